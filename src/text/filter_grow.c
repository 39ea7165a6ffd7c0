/*
** filter_grow: token filters that make several tokens of one, or tokens of
** several.
**
** (1) Each lifts the tokens to the spare ones of the cutter and enters what
**     comes of them; what is entered is counted against t->limit, so hostile
**     texts and numbers end with TOOBIG.
** (2) Parts of a token share its bytes; what is joined gets new bytes, once
**     for all lengths that begin at the same token.
** (3) Positions and orders are those of Lucene's filters of the same names.
*/
#include "text/textInt.h"

#define FILTER_GROW_JOIN 16u /* tokens that are joined, at most */

/* ---- ngram, edge_ngram -------------------------------------------------- */

const char *snFilterGrowNgramMake(ChainStep *s) {
  if (s->nnum < 1) s->num[0] = 1;
  if (s->nnum < 2) s->num[1] = SN_MAX(2u, s->num[0]);
  if (!s->num[0]) return "a piece has one character at least";
  if (s->num[0] > s->num[1]) return "the first number is above the second";
  if (s->num[1] > TEXT_WORD_MAX) return "a piece has at most 255 characters";
  return NULL;
}

/* Pieces of token i that begin `skip` bytes in it. */
static void filterGrowPieces(const ChainStep *s, Tokens *t,
    const Tokens *spare, u32 i, u32 skip) {
  u32 at = spare->at[i] + skip, n = spare->len[i] - skip, k = 0;
  for (u32 chars = 1; chars <= s->num[1] && k < n && !t->rc; chars++) {
    const u8 *p = t->bytes.data + at;
    k += snTokensChar(p + k, p + n);
    if (chars >= s->num[0]) snTokensPut(t, spare, i, at, k, spare->pos[i]);
  }
}

void snFilterGrowNgram(Cutter *c, const ChainStep *s, Tokens *t, u32 first) {
  Tokens *spare = &c->spare;
  if (!snTokensLift(t, first, spare)) return;
  for (u32 i = 0; i < spare->n && !t->rc; i++) {
    for (u32 k = 0; k < spare->len[i] && !t->rc;) {
      const u8 *p = t->bytes.data + spare->at[i];
      filterGrowPieces(s, t, spare, i, k);
      k += snTokensChar(p + k, p + spare->len[i]);
    }
  }
}

void snFilterGrowEdge(Cutter *c, const ChainStep *s, Tokens *t, u32 first) {
  if (!snTokensLift(t, first, &c->spare)) return;
  for (u32 i = 0; i < c->spare.n && !t->rc; i++)
    filterGrowPieces(s, t, &c->spare, i, 0);
}

/* ---- shingle, common_grams ---------------------------------------------- */

const char *snFilterGrowShingleMake(ChainStep *s) {
  if (s->nnum < 1) s->num[0] = 2;
  if (s->nnum < 2) s->num[1] = SN_MAX(2u, s->num[0]);
  if (s->num[0] < 2) return "a shingle has two tokens at least";
  if (s->num[0] > s->num[1]) return "the first number is above the second";
  if (s->num[1] > FILTER_GROW_JOIN) return "a shingle has at most 16 tokens";
  return NULL;
}

/* Appends a copy of bytes of t itself, or of others (at UINT32_MAX). */
static bool filterGrowAdd(Tokens *t, u32 at, const void *p, u32 n) {
  if (!snTokensRoom(t, n)) return false;
  if (at != UINT32_MAX) p = t->bytes.data + at;
  if (n) memcpy(t->bytes.data + t->bytes.n, p, n);
  t->bytes.n += n;
  return true;
}

/* A place of the sequence of words: token i, or the gap-th hole before it. */
typedef struct FilterGrowAt { u32 i, gap; } FilterGrowAt;

static u32 filterGrowHoles(const ChainStep *s, const Tokens *spare, u32 i) {
  u32 gap = i ? spare->pos[i] - spare->pos[i - 1] : 1;
  return gap ? SN_MIN(gap - 1, s->num[1] - 1) : 0;
}

/* Goes on to the next place; false behind the last token. */
static bool filterGrowNext(const ChainStep *s, const Tokens *spare,
    FilterGrowAt *at) {
  u32 pos = spare->pos[at->i];
  if (at->gap) {
    at->gap--;
    return true;
  }
  while (at->i < spare->n && spare->pos[at->i] == pos) at->i++;
  if (at->i == spare->n) return false;
  at->gap = filterGrowHoles(s, spare, at->i);
  return true;
}

/* All shingles that begin at a place. */
static void filterGrowShingles(const ChainStep *s, Tokens *t,
    const Tokens *spare, FilterGrowAt at) {
  const char *sign = s->nword ? s->word[0].p : " ";
  u32 len = s->nword ? s->word[0].n : 1, pos = spare->pos[at.i] - at.gap;
  u32 begin = (u32)t->bytes.n, from = UINT32_MAX;
  for (u32 k = 1; k <= s->num[1] && !t->rc; k++) {
    u32 i = at.i;
    if (k > 1 && !filterGrowAdd(t, UINT32_MAX, sign, len)) return;
    if (at.gap) {
      if (!filterGrowAdd(t, UINT32_MAX, "_", 1)) return;
    } else {
      if (from == UINT32_MAX) from = spare->from[i];
      if (!filterGrowAdd(t, spare->at[i], NULL, spare->len[i])) return;
    }
    if (k >= s->num[0] && from != UINT32_MAX) {
      u32 end = at.gap ? i - 1 : i;
      snTokensPut(t, spare, end, begin, t->bytes.n - begin, pos);
      if (!t->rc) t->from[t->n - 1] = SN_MIN(from, spare->from[end]);
    }
    if (!filterGrowNext(s, spare, &at)) return;
  }
}

void snFilterGrowShingle(Cutter *c, const ChainStep *s, Tokens *t,
    u32 first) {
  Tokens *spare = &c->spare;
  if (!snTokensLift(t, first, spare)) return;
  FilterGrowAt at = {0, 0};
  do {
    u32 pos = spare->pos[at.i];
    for (u32 i = at.i; !at.gap && i < spare->n && spare->pos[i] == pos; i++)
      snTokensCopy(t, spare, i, pos);
    filterGrowShingles(s, t, spare, at);
  } while (!t->rc && filterGrowNext(s, spare, &at));
}

static bool filterGrowHas(const ChainStep *s, const Tokens *t,
    const Tokens *spare, u32 i) {
  return snStrSetFind(&s->set, t->bytes.data + spare->at[i], spare->len[i]) !=
      UINT32_MAX;
}

void snFilterGrowCommon(Cutter *c, const ChainStep *s, Tokens *t,
    u32 first) {
  Tokens *spare = &c->spare;
  if (!snTokensLift(t, first, spare)) return;
  for (u32 i = 0; i < spare->n && !t->rc; i++) {
    u32 at, k = i + 1;
    snTokensCopy(t, spare, i, spare->pos[i]);
    if (k == spare->n || (!filterGrowHas(s, t, spare, i) &&
            !filterGrowHas(s, t, spare, k))) continue;
    at = (u32)t->bytes.n;
    if (!filterGrowAdd(t, spare->at[i], NULL, spare->len[i]) ||
        !filterGrowAdd(t, UINT32_MAX, "_", 1) ||
        !filterGrowAdd(t, spare->at[k], NULL, spare->len[k])) return;
    snTokensPut(t, spare, k, at, t->bytes.n - at, spare->pos[i]);
    if (!t->rc) t->from[t->n - 1] = spare->from[i];
  }
}

/* ---- keyword_repeat, decompound, fingerprint ---------------------------- */

void snFilterGrowRepeat(Cutter *c, const ChainStep *s, Tokens *t,
    u32 first) {
  Tokens *spare = &c->spare;
  (void)s;
  if (!snTokensLift(t, first, spare)) return;
  for (u32 i = 0; i < spare->n && !t->rc; i++) {
    snTokensCopy(t, spare, i, spare->pos[i]);
    if (!t->rc) t->flag[t->n - 1] |= TEXT_PROTECTED;
    snTokensCopy(t, spare, i, spare->pos[i]);
  }
}

#define FILTER_GROW_WORD 5u  /* characters of a word that is looked into */
#define FILTER_GROW_LEAST 2u /* of a part */
#define FILTER_GROW_MOST 15u

/* Parts of token i that begin `skip` bytes in it. */
static void filterGrowParts(const ChainStep *s, Tokens *t,
    const Tokens *spare, u32 i, u32 skip) {
  u32 n = spare->len[i] - skip, k = 0, at = spare->at[i] + skip;
  for (u32 chars = 1; chars <= FILTER_GROW_MOST && k < n && !t->rc;
      chars++) {
    const u8 *p = t->bytes.data + at;
    k += snTokensChar(p + k, p + n);
    if (chars < FILTER_GROW_LEAST ||
        snStrSetFind(&s->set, p, k) == UINT32_MAX) continue;
    snTokensPut(t, spare, i, at, k, spare->pos[i]);
  }
}

void snFilterGrowDecompound(Cutter *c, const ChainStep *s, Tokens *t,
    u32 first) {
  Tokens *spare = &c->spare;
  if (!snTokensLift(t, first, spare)) return;
  for (u32 i = 0; i < spare->n && !t->rc; i++) {
    u32 n = spare->len[i];
    snTokensCopy(t, spare, i, spare->pos[i]);
    if (snUtfCount(t->bytes.data + spare->at[i], n) < FILTER_GROW_WORD)
      continue;
    for (u32 k = 0; k < n && !t->rc;) {
      const u8 *p = t->bytes.data + spare->at[i];
      filterGrowParts(s, t, spare, i, k);
      k += snTokensChar(p + k, p + n);
    }
  }
}

static int filterGrowOrder(void *arg, u32 a, u32 b) {
  const Tokens *t = arg;
  return snStrCmp(t->bytes.data + t->at[a], t->len[a],
      t->bytes.data + t->at[b], t->len[b]);
}

/* The different tokens in order, joined to one; none when it is too long. */
void snFilterGrowPrint(Cutter *c, const ChainStep *s, Tokens *t, u32 first) {
  u32 n = t->n - first, at = (u32)t->bytes.n, last = 0;
  u32 to = 0;
  if (!n) return;
  u32 *idx = snMemAlloc(c->budget, (size_t)n * 2 * sizeof *idx);
  if (!idx) {
    t->rc = SN_NOMEM;
    return;
  }
  for (u32 i = 0; i < n; i++) {
    idx[i] = first + i;
    to = SN_MAX(to, t->to[first + i]);
  }
  snSortIndex(idx, n, idx + n, filterGrowOrder, t);
  for (u32 i = 0; i < n && t->bytes.n - at <= TEXT_WORD_MAX; i++) {
    if (i && !filterGrowOrder(t, idx[i], last)) continue;
    last = idx[i];
    if (t->bytes.n > at &&
        !filterGrowAdd(t, UINT32_MAX, s->nword ? s->word[0].p : " ",
            s->nword ? s->word[0].n : 1)) break;
    if (!filterGrowAdd(t, t->at[last], NULL, t->len[last])) break;
  }
  snMemFree(idx);
  if (t->rc) return;
  t->n = first;
  if (t->bytes.n - at > TEXT_WORD_MAX) return;
  t->at[first] = at;
  t->len[first] = (u32)(t->bytes.n - at);
  t->to[first] = to;
  t->n = first + 1;
}

/* ---- word_delimiter ----------------------------------------------------- */

enum { FILTER_GROW_LOWER = 1, FILTER_GROW_UPPER = 2, FILTER_GROW_DIGIT = 4,
  FILTER_GROW_ALPHA = 3 };

/* What is neither a letter nor a digit is 0; marks go with letters. */
static u32 filterGrowType(u32 c) {
  const char *kind;
  if (c < 0x80) {
    if ((u8)(c - '0') < 10) return FILTER_GROW_DIGIT;
    if ((u8)((c | 0x20) - 'a') > 25) return 0;
    return c & 0x20 ? FILTER_GROW_LOWER : FILTER_GROW_UPPER;
  }
  kind = snUtfCategory(c);
  if (kind[0] == 'N') return FILTER_GROW_DIGIT;
  if (kind[0] == 'L' && kind[1] == 'u') return FILTER_GROW_UPPER;
  if (kind[0] == 'L' && kind[1] == 'l') return FILTER_GROW_LOWER;
  return kind[0] == 'L' || kind[0] == 'M' ? FILTER_GROW_ALPHA : 0;
}

static bool filterGrowBreak(u32 last, u32 type) {
  if (last & type) return false;
  return !((last & FILTER_GROW_UPPER) && (type & FILTER_GROW_ALPHA));
}

/* 's at the end of the token or before a sign. */
static bool filterGrowOwn(const u8 *p, u32 n) {
  return n >= 2 && p[0] == '\'' && (p[1] | 0x20) == 's' &&
      (n == 2 || (p[2] < 0x80 && !filterGrowType(p[2])));
}

/* The next part of p: its bytes; *skip are the signs before it. */
static u32 filterGrowPart(const u8 *p, u32 n, u32 *skip) {
  u32 k = 0, len, last = 0;
  while (k < n) {
    u32 type = filterGrowType(snUtfGet(p + k, p + n, &len));
    if (type) break;
    if (k || *skip) len = filterGrowOwn(p + k, n - k) ? 2 : len;
    k += len;
  }
  *skip = k;
  while (k < n) {
    u32 type = filterGrowType(snUtfGet(p + k, p + n, &len));
    if (!type || (last && filterGrowBreak(last, type))) break;
    last = type;
    k += len;
  }
  return k - *skip;
}

void snFilterGrowSplit(Cutter *c, const ChainStep *s, Tokens *t, u32 first) {
  Tokens *spare = &c->spare;
  u32 shift = 0;
  (void)s;
  if (!snTokensLift(t, first, spare)) return;
  for (u32 i = 0; i < spare->n && !t->rc; i++) {
    u32 n = spare->len[i], parts = 0, part = 0;
    for (u32 k = 0; k < n && !t->rc; k += part) {
      u32 skip = k > 0;
      part = filterGrowPart(t->bytes.data + spare->at[i] + k, n - k, &skip);
      k += skip;
      if (!part) continue;
      snTokensPut(t, spare, i, spare->at[i] + k, part,
          spare->pos[i] + shift + parts++);
      snTokensPart(t, spare, i, k, part);
    }
    if (parts > 1) shift += parts - 1;
  }
  t->next_pos += shift;
}

#undef FILTER_GROW_JOIN
#undef FILTER_GROW_WORD
#undef FILTER_GROW_LEAST
#undef FILTER_GROW_MOST
