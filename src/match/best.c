/*
** best: of the documents of a window those that may score enough, and their
** scores.
**
** What a block of a list and the most of the other lists leave below what is
** needed is taken away before it is decoded.  Of a union the lists that
** cannot reach it together are only asked about documents that the others
** have (MaxScore, as in topk_lists.c).
**
** Invariants:
** (1) A document that scores `least` or more stays, with its whole score.
** (2) Each list goes through the window once: it cannot go back.
*/
#include "match/matchInt.h"

#define BEST_LISTS  16u /* of a union with more the sum alone is bounded */
#define BEST_RANGES 24u /* blocks of a list in a window, and some to spare */
#define BEST_FEW    24u /* documents that are looked for one by one */

typedef struct BestList {
  Iter *it;
  u32 n;
  u32 end[BEST_RANGES];     /* place behind the range */
  float bound[BEST_RANGES];
  float most;               /* in the window */
  double below;             /* of this list and those before it */
} BestList;

/* The bounds of the blocks in the window; the last one may stand for some. */
static void bestBound(BestList *l, u32 base) {
  u32 from = 0;
  l->n = 0;
  l->most = 0;
  while (from < SN_WINDOW) {
    u32 upto;
    float b = l->it->ops->bound(l->it, base + from, &upto);
    from = upto - base >= SN_WINDOW ? SN_WINDOW : upto - base + 1;
    l->most = SN_MAX(l->most, b);
    if (l->n == BEST_RANGES) {
      l->n--;
      b = SN_MAX(b, l->bound[l->n]);
    }
    l->end[l->n] = from;
    l->bound[l->n++] = b;
  }
}

static void bestClear(u64 *bits, u32 from, u32 to) {
  u64 gone[SN_WORDS] = {0};
  snBitsRange(gone, from, to);
  for (u32 w = from / 64; w * 64 < to; w++) bits[w] &= ~gone[w];
}

/* Takes away what is in blocks of the list that the rest cannot lift. */
static void bestBlocks(const BestList *l, double rest, double need,
    u64 *bits) {
  for (u32 k = 0, from = 0; k < l->n; from = l->end[k++])
    if ((double)l->bound[k] + rest < need) bestClear(bits, from, l->end[k]);
}

static void bestAdd(Iter *it, u32 base, const u64 *bits, double *acc) {
  if (snBitsCount(bits, SN_WORDS) <= BEST_FEW)
    snIterAdd(it, base, bits, acc);
  else
    it->ops->add(it, base, bits, acc);
}

/* Drops documents whose sum is below need. */
static void bestDrop(double need, const double *acc, u64 *bits) {
  for (u32 w = 0; w < SN_WORDS; w++)
    for (u64 b = bits[w]; b; b &= b - 1) {
      u32 i = w * 64 + (u32)__builtin_ctzll(b);
      if (acc[i] < need) bits[w] &= ~(b & (0 - b));
    }
}

/* By rising bound; the sum of all. */
static double bestSort(BestList **l, u32 n) {
  double sum = 0;
  for (u32 i = 1; i < n; i++) {
    BestList *x = l[i];
    u32 j = i;
    for (; j && l[j - 1]->most > x->most; j--) l[j] = l[j - 1];
    l[j] = x;
  }
  for (u32 i = 0; i < n; i++) l[i]->below = sum += (double)l[i]->most;
  return sum;
}

/* The essential lists first, each whole; then the others, the best first, for
** those that can still win. */
static void bestLists(BestList **l, u32 n, u32 base, double need, u64 *bits,
    double *acc) {
  double all = bestSort(l, n);
  u32 e = 0;
  while (e < n && l[e]->below < need) e++;
  for (u32 i = 0; i < n; i++)
    bestBlocks(l[i], all - (double)l[i]->most, need, bits);
  for (u32 i = e; i < n; i++) bestAdd(l[i]->it, base, bits, acc);
  if (e == n) memset(bits, 0, SN_WORDS * 8);
  for (u32 i = e; i-- > 0;) {
    bestDrop(need - l[i]->below, acc, bits);
    bestAdd(l[i]->it, base, bits, acc);
  }
  bestDrop(need, acc, bits);
}

/* Half way to the float below a sum is rounded up to least; a hair less, as in
** topk.c, for what adding in another order may lose. */
static double bestNeed(float least) {
  return ((double)least + (double)nextafterf(least, 0)) / 2 * (1 - 0x1p-40);
}

int snMatcherBest(Matcher *m, u32 w, float least, u64 *bits, double *out) {
  BestList list[BEST_LISTS], *sorted[BEST_LISTS];
  Iter *scorer = snMatcherScorer(m);
  u32 n = 1, base = w * SN_WINDOW;
  if (!scorer) return m->rc ? m->rc : SEINE_MISUSE;
  if (least <= 0) return snMatcherScores(m, w, bits, out);
  bool many = scorer->ops->shape == ITER_OR && scorer->n <= BEST_LISTS;
  if (many) n = scorer->n;
  for (u32 i = 0; i < n; i++) {
    list[i].it = many ? scorer->kid[i] : scorer;
    bestBound(list + i, base);
    sorted[i] = list + i;
  }
  snIterSums(bits, out);
  bestLists(sorted, n, base, bestNeed(least), bits, out);
  if (many) scorer->started = false; /* its lists have moved */
  snIterFloats(bits, out);
  return m->rc;
}

#undef BEST_LISTS
#undef BEST_RANGES
#undef BEST_FEW
