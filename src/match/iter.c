/*
** iter: what every iterator shape needs: allocation in the segment's arena,
** the plain forms of seek, fill and add, and the empty iterator.
*/
#include "match/matchInt.h"

void *snIterNew(Matcher *m, const IterOps *ops, size_t size, size_t zero,
    u32 kids) {
  Iter *it = snArenaAlloc(&m->seg_arena, size);
  if (it) memset(it, 0, zero);
  if (!it || snMemGrow(m->budget, &m->open, &m->open_cap,
                 (u64)m->nopen + 1, sizeof *m->open)) {
    snIterFail(m, SN_NOMEM);
    return NULL;
  }
  it->ops = ops;
  it->m = m;
  if (kids) {
    it->kid = snArenaZero(&m->seg_arena, kids * sizeof *it->kid);
    if (!it->kid) {
      snIterFail(m, SN_NOMEM);
      return NULL;
    }
  }
  it->n = kids;
  if (ops->close) m->open[m->nopen++] = it;
  return it;
}

void snIterFail(Matcher *m, int rc) {
  if (!m->rc) m->rc = rc;
}

bool snIterTerms(const Iter *it, IterShape shape) {
  if (it->ops->shape == ITER_TERM) return true;
  if (it->ops->shape != shape) return false;
  for (u32 i = 0; i < it->n; i++)
    if (it->kid[i]->ops->shape != ITER_TERM) return false;
  return true;
}

u32 snIterSeekNear(Iter *it, u32 target) {
  u32 d = snIterSeek(it->near, target);
  while (d != DOC_END && snIterPass(it->m) && !it->here(it))
    d = snIterSeek(it->near, d + 1);
  return it->m->rc ? DOC_END : d;
}

void snIterFill(Iter *it, u32 base, u64 *bits) {
  for (u32 d = snIterSeek(it, base); d - base < SN_WINDOW;
       d = snIterSeek(it, d + 1))
    snBitSet(bits, d - base);
}

void snIterAdd(Iter *it, u32 base, const u64 *mask, double *acc) {
  for (u32 w = 0; w < SN_WORDS; w++) {
    for (u64 b = mask[w]; b; b &= b - 1) {
      u32 d = base + w * 64 + (u32)__builtin_ctzll(b);
      if (snIterSeek(it, d) == d)
        acc[d - base] += (double)it->ops->score(it);
      else if (it->doc == DOC_END)
        return;
    }
  }
}

void snIterSums(const u64 *bits, double *acc) {
  for (u32 w = 0; w < SN_WORDS; w++)
    for (u64 b = bits[w]; b; b &= b - 1)
      acc[w * 64 + (u32)__builtin_ctzll(b)] = 0;
}

void snIterFloats(const u64 *bits, double *acc) {
  for (u32 w = 0; w < SN_WORDS; w++)
    for (u64 b = bits[w]; b; b &= b - 1) {
      double *sum = acc + w * 64 + (u32)__builtin_ctzll(b);
      *sum = (double)(float)*sum;
    }
}

static u32 iterEmptySeek(Iter *it, u32 target) {
  (void)it;
  (void)target;
  return DOC_END;
}

static float iterEmptyScore(Iter *it) {
  (void)it;
  return 0;
}

static float iterEmptyBound(Iter *it, u32 from, u32 *upto) {
  (void)it;
  (void)from;
  *upto = DOC_END - 1;
  return 0;
}

Iter *snIterEmpty(Matcher *m) {
  static const IterOps ops = {ITER_NONE, iterEmptySeek, snIterFill,
      iterEmptyScore, snIterAdd, iterEmptyBound, NULL};
  return snIterNew(m, &ops, sizeof(Iter), sizeof(Iter), 0);
}
