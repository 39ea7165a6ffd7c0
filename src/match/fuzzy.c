/*
** fuzzy: the terms that a few edits make of a word: a character added, left
** out, replaced, or two neighbours exchanged (Damerau's distance as Lucene
** counts it: what was exchanged is not edited again).
**
** A state has a set per number of edits k: bit i of r[k] says that the first
** i characters of the word lead here with at most k edits.  A character of a
** term shifts all sets at once; a dictionary is walked with them.
**
** (1) Characters are told apart by their bytes, so nothing is decoded.  A
**     byte that no character begins with is one of its own.
** (2) r[k] holds r[k - 1]: a state is dead when its last set is empty.
** (3) A living state has read at most `edits` characters more than the word
**     has, so the stacks have a fixed size.
** (4) Up to `fixed` characters there are no edits.
*/
#include "match/matchInt.h"

#define FUZZY_CHARS 255u /* of a word that may be edited */
#define FUZZY_WORDS 4u   /* of 64 bits: one more than characters */
#define FUZZY_READ  (FUZZY_CHARS + QUERY_EDITS_MAX + 1)

typedef struct FuzzySet { u64 w[FUZZY_WORDS]; } FuzzySet;

/* Behind a character: which it was, and the sets. */
typedef struct FuzzyState {
  u32 c;
  FuzzySet r[QUERY_EDITS_MAX + 1];
} FuzzyState;

/* Behind a byte: whole characters, and the bytes of one that is not. */
typedef struct FuzzyByte {
  u32 chars, begun;
  u8 missing;
} FuzzyByte;

typedef struct Fuzzy {
  u32 n, words, edits, fixed;
  u32 at[FUZZY_CHARS];        /* the word: which of `known` */
  u32 known[FUZZY_CHARS + 1]; /* its distinct characters; last: another */
  FuzzySet where[FUZZY_CHARS + 1]; /* bit i: character i is that */
  u32 nknown;
  u8 ascii[128];              /* which of `known` */
  FuzzySet full;
  FuzzyState state[FUZZY_READ + 1];
  FuzzyByte byte[4 * FUZZY_READ + 1];
  u8 path[4 * FUZZY_READ];    /* of prefixes: the bytes read */
  Dict *dict;                 /* walked */
  const FuzzyAsk *ask;
  FuzzyFound *to;
} Fuzzy;

/* ---- characters --------------------------------------------------------- */

/* Bytes behind this one of the same character. */
static u32 fuzzyMissing(u8 c) {
  return c < 0xc2 || c > 0xf4 ? 0 : c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;
}

/* Splits the word; false: it has too many characters. */
static bool fuzzyWord(Fuzzy *f, const u8 *p, u32 n, u32 *out) {
  f->n = 0;
  for (u32 i = 0; i < n;) {
    u32 c = p[i], more = fuzzyMissing(p[i]);
    if (f->n == FUZZY_CHARS) return false;
    for (i++; more && i < n; more--) c = c << 8 | p[i++];
    out[f->n++] = c;
  }
  return f->n > 0;
}

static u32 fuzzyKnown(const Fuzzy *f, u32 c) {
  if (c < 128) return f->ascii[c];
  for (u32 i = 0; i < f->nknown; i++)
    if (f->known[i] == c) return i;
  return f->nknown;
}

static void fuzzyPattern(Fuzzy *f, const u32 *word) {
  for (u32 i = 0; i < f->n; i++) {
    u32 k = 0;
    while (k < f->nknown && f->known[k] != word[i]) k++;
    if (k == f->nknown) f->known[f->nknown++] = word[i];
    f->at[i] = k;
    f->where[k].w[i / 64] |= 1ull << (i % 64);
  }
  memset(f->ascii, (int)f->nknown, sizeof f->ascii);
  for (u32 k = 0; k < f->nknown; k++)
    if (f->known[k] < 128) f->ascii[f->known[k]] = (u8)k;
  for (u32 i = 0; i <= f->n; i++) f->full.w[i / 64] |= 1ull << (i % 64);
  f->words = f->n / 64 + 1;
}

/* ---- sets --------------------------------------------------------------- */

/* to |= (a & b) << k; k is 1 or 2. */
static void fuzzyShift(const Fuzzy *f, FuzzySet *to, const FuzzySet *a,
    const FuzzySet *b, u32 k) {
  u64 carry = 0;
  for (u32 i = 0; i < f->words; i++) {
    u64 x = a->w[i] & b->w[i];
    to->w[i] |= (x << k | carry) & f->full.w[i];
    carry = x >> (64 - k);
  }
}

static bool fuzzyAny(const Fuzzy *f, const FuzzySet *s) {
  u64 any = 0;
  for (u32 i = 0; i < f->words; i++) any |= s->w[i];
  return any != 0;
}

static void fuzzyAlso(const Fuzzy *f, FuzzySet *to, const FuzzySet *s) {
  for (u32 i = 0; i < f->words; i++) to->w[i] |= s->w[i];
}

/* The i with character i = c and character i + 1 = d. */
static FuzzySet fuzzyPair(const Fuzzy *f, u32 c, u32 d) {
  FuzzySet s = {{0}};
  for (u32 i = 0; i < f->words; i++) {
    u64 next = f->where[d].w[i] >> 1;
    if (i + 1 < f->words) next |= f->where[d].w[i + 1] << 63;
    s.w[i] = f->where[c].w[i] & next;
  }
  return s;
}

/* Characters of the word left out. */
static void fuzzySkip(const Fuzzy *f, FuzzyState *s) {
  for (u32 k = 1; k <= f->edits; k++) {
    fuzzyAlso(f, &s->r[k], &s->r[k - 1]);
    fuzzyShift(f, &s->r[k], &s->r[k - 1], &f->full, 1);
  }
}

/* ---- the automaton ------------------------------------------------------ */

/* The state behind character c of a term, which is its character `chars`. */
static bool fuzzyChar(Fuzzy *f, u32 chars, u32 c) {
  const FuzzyState *s = f->state + chars, *before = s - (chars > 0);
  FuzzyState *to = f->state + chars + 1;
  u32 k = fuzzyKnown(f, c);
  memset(to, 0, sizeof *to);
  to->c = k;
  fuzzyShift(f, &to->r[0], &s->r[0], &f->where[k], 1);
  for (u32 e = 1; e <= f->edits; e++) {
    if (chars < f->fixed) {
      to->r[e] = to->r[0];
      continue;
    }
    fuzzyShift(f, &to->r[e], &s->r[e], &f->where[k], 1);
    fuzzyShift(f, &to->r[e], &s->r[e - 1], &f->full, 1);
    fuzzyAlso(f, &to->r[e], &s->r[e - 1]);
    if (chars <= f->fixed) continue;
    FuzzySet pair = fuzzyPair(f, k, s->c);
    fuzzyShift(f, &to->r[e], &before->r[e - 1], &pair, 2);
  }
  if (chars + 1 >= f->fixed) fuzzySkip(f, to);
  return fuzzyAny(f, &to->r[f->edits]);
}

static bool fuzzyStep(void *arg, u32 depth, u8 c) {
  Fuzzy *f = arg;
  FuzzyByte b = f->byte[depth];
  if (b.missing) {
    b.begun = b.begun << 8 | c;
    b.missing--;
  } else {
    b.begun = c;
    b.missing = (u8)fuzzyMissing(c);
  }
  if (!b.missing && !fuzzyChar(f, b.chars++, b.begun)) return false;
  f->byte[depth + 1] = b;
  return true;
}

static u32 fuzzyLead(const Fuzzy *f, u32 i) {
  u32 c = f->known[f->at[i]];
  while (c > 255) c >>= 8;
  return c;
}

/* The least lead of a character i in s that is not below least. */
static u32 fuzzyLeast(const Fuzzy *f, const FuzzySet *s, u32 least) {
  u32 best = 256;
  for (u32 w = 0; w < f->words; w++) {
    for (u64 b = s->w[w]; b; b &= b - 1) {
      u32 i = w * 64 + (u32)__builtin_ctzll(b);
      u32 c = i < f->n ? fuzzyLead(f, i) : 256;
      if (c >= least) best = SN_MIN(best, c);
    }
  }
  return best;
}

static u32 fuzzyNext(void *arg, u32 depth, u32 least) {
  const Fuzzy *f = arg;
  FuzzyByte b = f->byte[depth];
  const FuzzyState *s = f->state + b.chars, *before = s - (b.chars > 0);
  u32 e = f->edits, best;
  if (least > 255 || b.missing) return least;
  if (e && b.chars >= f->fixed && fuzzyAny(f, &s->r[e - 1])) return least;
  best = fuzzyLeast(f, &s->r[e], least);
  if (!e || b.chars <= f->fixed) return best;
  /* The first half of an exchange has been read. */
  for (u32 i = 0; i + 1 < f->n; i++) {
    if (f->at[i + 1] != s->c) continue;
    if (!(before->r[e - 1].w[i / 64] >> (i % 64) & 1)) continue;
    u32 c = fuzzyLead(f, i);
    if (c >= least) best = SN_MIN(best, c);
  }
  return best;
}

/* How many edits the term behind depth needs, or more than `edits`. */
static u32 fuzzyEdits(const Fuzzy *f, u32 depth) {
  FuzzyByte b = f->byte[depth];
  const FuzzyState *s = f->state + b.chars;
  u32 e = 0;
  if (b.missing) return f->edits + 1;
  while (e <= f->edits && !(s->r[e].w[f->n / 64] >> (f->n % 64) & 1)) e++;
  return e;
}

static bool fuzzyAccepts(void *arg, u32 depth) {
  const Fuzzy *f = arg;
  return fuzzyEdits(f, depth) <= f->edits;
}

/* ---- the terms ---------------------------------------------------------- */

static int fuzzyKeep(Fuzzy *f, const void *p, u32 n, u32 *id) {
  FuzzyFound *to = f->to;
  *id = snStrSetAdd(&to->terms, p, n);
  if (to->terms.rc) return to->terms.rc;
  u32 before = to->cap;
  int rc = snMemGrow(to->terms.budget, &to->term, &to->cap, *id + 1ull,
      sizeof *to->term);
  if (!rc && to->cap > before)
    memset(to->term + before, 0, (to->cap - before) * sizeof *to->term);
  return rc;
}

static int fuzzySeen(void *arg, u32 ord, const u8 *p, u32 n) {
  Fuzzy *f = arg;
  u32 id;
  int rc = fuzzyKeep(f, p, n, &id);
  if (rc) return rc;
  FuzzyTerm *t = f->to->term + id;
  t->edits = fuzzyEdits(f, n);
  t->chars = SN_MIN(f->byte[n].chars, f->n);
  if (!f->ask->counted) return SEINE_OK;
  TermMeta m;
  rc = snDictMeta(f->dict, ord, &m);
  t->docs += m.df;
  return rc;
}

/* A prefix that is near enough is kept, and what goes on from it passed
** over. */
static bool fuzzyPrefixStep(void *arg, u32 depth, u8 c) {
  Fuzzy *f = arg;
  u32 id;
  f->path[depth] = c;
  if (f->to->terms.rc || !fuzzyStep(f, depth, c)) return false;
  if (!fuzzyAccepts(f, depth + 1)) return true;
  (void)fuzzyKeep(f, f->path, depth + 1, &id);
  return false;
}

static int fuzzyPrefixSeen(void *arg, u32 ord, const u8 *p, u32 n) {
  (void)arg;
  (void)ord;
  (void)p;
  (void)n;
  return SEINE_OK;
}

static int fuzzyCancelled(void *arg) {
  const FuzzyAsk *a = ((Fuzzy *)arg)->ask;
  return a->cancelled && a->cancelled(a->arg) ? SEINE_INTERRUPT : SEINE_OK;
}

/* Makes the automaton; false: the word is too long to be edited. */
static bool fuzzyBegin(Fuzzy *f, const FuzzyAsk *a) {
  u32 word[FUZZY_CHARS];
  if (!fuzzyWord(f, a->text, a->len, word)) return false;
  fuzzyPattern(f, word);
  f->edits = SN_MIN(a->edits, QUERY_EDITS_MAX);
  f->fixed = SN_MIN(a->fixed, f->n);
  for (u32 k = 0; k <= f->edits; k++) f->state[0].r[k].w[0] = 1;
  if (!f->fixed) fuzzySkip(f, &f->state[0]);
  return true;
}

static int fuzzyWalk(Fuzzy *f, const View *v, u32 column) {
  const FuzzyAsk *a = f->ask;
  DictAutomaton walk = {f, a->prefix ? fuzzyPrefixStep : fuzzyStep, fuzzyNext,
      fuzzyAccepts, fuzzyCancelled, a->prefix ? fuzzyPrefixSeen : fuzzySeen};
  for (u32 s = 0; s < v->n; s++) {
    int rc = snDictTerms(v->seg[s], column, &f->dict);
    if (!rc && f->dict) rc = snDictWalk(f->dict, &walk);
    if (!rc) rc = f->to->terms.rc;
    if (rc) return rc;
  }
  return SEINE_OK;
}

int snFuzzyFind(Budget *b, const View *v, const FuzzyAsk *a,
    FuzzyFound *out) {
  u32 id = 0;
  memset(out, 0, sizeof *out);
  snStrSetInit(&out->terms, b);
  Fuzzy *f = snMemZero(b, sizeof *f);
  if (!f) return SN_NOMEM;
  f->ask = a;
  f->to = out;
  int rc;
  if (fuzzyBegin(f, a)) {
    rc = fuzzyWalk(f, v, v->table->col[a->column].id);
  } else {
    rc = fuzzyKeep(f, a->text, a->len, &id);
  }
  snMemFree(f);
  return rc;
}

void snFuzzyFree(FuzzyFound *f) {
  snMemFree(f->term);
  snStrSetClear(&f->terms);
}

/* ---- a query ------------------------------------------------------------ */

/* 1 - edits / characters, as Lucene's similarity. */
static float fuzzyNear(const FuzzyTerm *t) {
  if (!t->edits) return 1;
  if (!t->chars) return 0;
  return SN_MAX(0.0f, 1.0f - (float)t->edits / (float)t->chars);
}

/* The nearest first, and of equal ones the first in order. */
static int fuzzyOrder(void *arg, u32 a, u32 b) {
  const FuzzyFound *f = arg;
  const StrRef *x = f->terms.refs + a, *y = f->terms.refs + b;
  float p = fuzzyNear(f->term + a), q = fuzzyNear(f->term + b);
  if (p != q) return p > q ? -1 : 1;
  return snStrCmp(x->p, x->n, y->p, y->n);
}

static int fuzzyTerms(FuzzyFound *f, Arena *a, const Query *q, Query *to) {
  u32 n = f->terms.n;
  u32 *order = snMemAlloc(f->terms.budget, (2ull * n + 1) * sizeof *order);
  int rc = order ? SEINE_OK : SN_NOMEM;
  for (u32 i = 0; !rc && i < n; i++) order[i] = i;
  if (!rc) snSortIndex(order, n, order + n, fuzzyOrder, f);
  for (u32 i = 0; !rc && i < SN_MIN(n, q->most); i++) {
    const StrRef *x = f->terms.refs + order[i];
    Query *term = snQueryNew(a, QUERY_TERM);
    const char *text = snArenaDup(a, x->p, x->n);
    if (!term || !text) {
      rc = SN_NOMEM;
      break;
    }
    term->text = text;
    term->len = x->n;
    term->column = q->column;
    term->boost = fuzzyNear(f->term + order[i]);
    snQueryAdd(to, term, OCCUR_SHOULD);
  }
  snMemFree(order);
  return rc;
}

int snFuzzyExpand(Matcher *m, Arena *a, const Query *q, Query *to) {
  FuzzyFound found;
  FuzzyAsk ask = {.text = (const u8 *)q->text, .len = q->len,
      .column = q->column, .edits = q->edits, .fixed = q->fixed,
      .cancelled = m->cancelled, .arg = m->cancel_arg};
  int rc = snFuzzyFind(m->budget, m->view, &ask, &found);
  if (!rc) rc = fuzzyTerms(&found, a, q, to);
  snFuzzyFree(&found);
  return rc;
}

#undef FUZZY_CHARS
#undef FUZZY_WORDS
#undef FUZZY_READ
