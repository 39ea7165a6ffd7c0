/*
** cut_misc: the cutters that look at no letters: blanks, the whole text, given
** signs, paths, pieces of n characters.
**
** (1) Blanks are the code points with the Unicode property White_Space.  NUL
**     and bytes that are no UTF-8 part words too, so that a token is always
**     well-formed.
** (2) The whole text is taken as it is, whatever its bytes.
** (3) Pieces of n characters share the bytes of the text.
*/
#include "text/textInt.h"

static bool cutMiscIsBlank(u32 c) {
  if (c <= 0x20) return c == 0x20 || (c >= 9 && c <= 13) || c == 0;
  if (c < 0x1680) return c == 0x85 || c == 0xa0;
  return c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x2028 ||
      c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

/* Bytes of the blank at p, 0 when there is none. */
static u32 cutMiscBlank(const u8 *p, const u8 *end, u32 *len) {
  u32 c = snUtfGet(p, end, len);
  if (*p >= 0x80 && *len == 1) return 1;
  return cutMiscIsBlank(c) ? *len : 0;
}

static void cutMiscAdd(const u8 *text, const u8 *p, const u8 *end,
    Tokens *t) {
  size_t at = t->bytes.n;
  snBufAdd(&t->bytes, p, (size_t)(end - p));
  snTokensPieces(t, at, p, (u32)(p - text), (u32)(end - text));
}

void snCutMiscBlanks(Cutter *c, const ChainStep *s, const u8 *text, size_t n,
    Tokens *t) {
  const u8 *p = text, *end, *start;
  u32 len, blank;
  (void)c, (void)s;
  if (!n) return;
  end = p + n;
  while (p < end && !t->rc) {
    if ((blank = cutMiscBlank(p, end, &len)) != 0) {
      p += blank;
      continue;
    }
    for (start = p; p < end; p += len) {
      if (*p > 0x20 && *p < 0x80) len = 1;
      else if (cutMiscBlank(p, end, &len)) break;
    }
    cutMiscAdd(text, start, p, t);
  }
}

void snCutMiscWhole(Cutter *c, const ChainStep *s, const u8 *text, size_t n,
    Tokens *t) {
  (void)c, (void)s;
  if (n) cutMiscAdd(text, text, text + n, t);
}

/* Is the character at p one of a list? */
static bool cutMiscIsOf(const ChainWord *list, const u8 *p, u32 len) {
  const u8 *q = (const u8 *)list->p, *end = q + list->n;
  for (u32 k; q < end; q += k) {
    k = snTokensChar(q, end);
    if (k == len && !memcmp(q, p, k)) return true;
  }
  return false;
}

void snCutMiscSplit(Cutter *c, const ChainStep *s, const u8 *text, size_t n,
    Tokens *t) {
  const u8 *p = text, *end = text + n, *start = p;
  (void)c;
  while (p < end && !t->rc) {
    u32 len = snTokensChar(p, end);
    if (cutMiscIsOf(s->word, p, len)) {
      if (p > start) cutMiscAdd(text, start, p, t);
      start = p + len;
    }
    p += len;
  }
  if (end > start && !t->rc) cutMiscAdd(text, start, end, t);
}

/* ---- Paths -------------------------------------------------------------- */

const char *snCutMiscPathMake(ChainStep *s) {
  if (s->nword && s->word[0].n != 1) return "the delimiter is one character";
  if (s->nword > 1 && s->word[1].n != 1)
    return "the replacement is one character";
  return NULL;
}

/* a/b/c gives a, a/b and a/b/c, all at one place; the first num[0] parts are
** left out.  A path over 255 bytes is as long as that. */
void snCutMiscPath(Cutter *c, const ChainStep *s, const u8 *text, size_t n,
    Tokens *t) {
  char sign = s->nword ? s->word[0].p[0] : '/';
  char other = s->nword > 1 ? s->word[1].p[0] : sign;
  u32 skip = s->nnum ? s->num[0] : 0;
  size_t from = 0, at = t->bytes.n;
  u32 pos = t->next_pos;
  (void)c;
  while (skip && from < n)
    if (text[from++] == (u8)sign) skip--;
  if (from && from < n) from--;
  if (skip || from >= n) return;
  n = SN_MIN(n, from + TEXT_WORD_MAX + 1);
  snBufAdd(&t->bytes, text + from, n - from);
  for (size_t i = from; i < n && !t->bytes.rc; i++)
    if (text[i] == (u8)sign) t->bytes.data[at + i - from] = (u8)other;
  if (t->bytes.rc) t->rc = t->bytes.rc;
  for (size_t i = from + 1; i <= n && !t->rc; i++) {
    if (i < n && text[i] != (u8)sign) continue;
    t->next_pos = pos;
    snTokensPush(t, at, i - from, (u32)from, (u32)i);
  }
}

/* ---- Pieces of n characters --------------------------------------------- */

/* Pieces of min to max characters that begin at `from`. */
static void cutMiscPieces(const ChainStep *s, Tokens *t, size_t at,
    const u8 *text, const u8 *from, const u8 *end) {
  const u8 *p = from;
  for (u32 k = 1; k <= s->num[1] && p < end && !t->rc; k++) {
    p += snTokensChar(p, end);
    if (k < s->num[0] || p - from > (i64)TEXT_WORD_MAX) continue;
    if (t->n >= t->limit) t->rc = SEINE_TOOBIG;
    else snTokensPush(t, at + (size_t)(from - text), (size_t)(p - from),
        (u32)(from - text), (u32)(p - text));
  }
}

void snCutMiscNgram(Cutter *c, const ChainStep *s, const u8 *text, size_t n,
    Tokens *t) {
  const u8 *p = text, *end = text + n;
  size_t at = t->bytes.n;
  (void)c;
  snBufAdd(&t->bytes, text, n);
  if (t->bytes.rc) t->rc = t->bytes.rc;
  for (; p < end && !t->rc; p += snTokensChar(p, end))
    cutMiscPieces(s, t, at, text, p, end);
}

void snCutMiscEdge(Cutter *c, const ChainStep *s, const u8 *text, size_t n,
    Tokens *t) {
  size_t at = t->bytes.n;
  (void)c;
  n = SN_MIN(n, (size_t)TEXT_WORD_MAX + 3);
  snBufAdd(&t->bytes, text, n);
  if (t->bytes.rc) t->rc = t->bytes.rc;
  else cutMiscPieces(s, t, at, text, text, text + n);
}
