/*
** pair_read: pairs of frequent words, looked up.  The format is in
** pair_write.c.
*/
#include "index/indexInt.h"

/* The ordinals; n 0: the segment has none for the column. */
static int pairReadWords(Segment *g, u32 column, const u8 **p, u32 *n,
    u32 *flags) {
  Segment *of;
  Section *s;
  *n = 0;
  int rc = snSegmentWords(g, SEC_PAIR_WORDS, column, &of, &s);
  if (rc || !s) return rc;
  u64 words = (s->len - SN_MIN(s->len, PAIR_HEAD)) / 4;
  if (s->len != PAIR_HEAD + words * 4 || !words || words > PAIR_WORDS)
    return SN_CORRUPT;
  rc = snSegmentGet(of, s, 0, s->len, p);
  if (rc) return rc;
  *n = (u32)words;
  *flags = snGet16(*p);
  *p += PAIR_HEAD;
  return SEINE_OK;
}

/* The number of a word among the frequent ones, or n. */
static u32 pairReadNumber(const u8 *p, u32 n, u32 ord) {
  u32 lo = 0, hi = n;
  while (lo < hi) {
    u32 mid = (lo + hi) / 2;
    if (snGet32(p + 4 * (size_t)mid) < ord) lo = mid + 1;
    else hi = mid;
  }
  return lo < n && snGet32(p + 4 * (size_t)lo) == ord ? lo : n;
}

int snPairFind(Segment *g, u32 column, u32 a, u32 b, Dict **out,
    TermMeta *meta) {
  const u8 *p;
  u32 n, flags, pair;
  Dict *d;
  *out = NULL;
  memset(meta, 0, sizeof *meta);
  int rc = pairReadWords(g, column, &p, &n, &flags);
  if (rc || !n) return rc;
  a = pairReadNumber(p, n, a);
  b = pairReadNumber(p, n, b);
  if (a == n || b == n) return SEINE_OK;
  rc = snDictPairs(g, column, &d);
  if (rc) return rc;
  if (!d || !snDictHasFreqs(d)) return SN_CORRUPT;
  u8 term[2] = {(u8)a, (u8)b};
  rc = snDictFind(d, term, 2, &pair);
  if (!rc && pair != DICT_NONE) rc = snDictMeta(d, pair, meta);
  if (!rc) *out = d;
  return rc;
}

bool snPairAsked(Segment *g, u32 words) {
  const u8 *p;
  for (u32 i = 0; i < g->nsec; i++)
    if (g->sec[i].kind == SEC_PAIR_WORDS &&
        !snSegmentGet(g, g->sec + i, 0, PAIR_HEAD, &p))
      return snGet16(p + 2) == words;
  return !words || g->docs <= PAIR_DOCS;
}

int snPairOnce(Segment *g, u32 column, bool *out) {
  const u8 *p;
  u32 n, flags = PAIR_TWICE;
  int rc = pairReadWords(g, column, &p, &n, &flags);
  *out = !(flags & PAIR_TWICE);
  return rc;
}
