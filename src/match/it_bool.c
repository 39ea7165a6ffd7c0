/*
** it_bool: and, or, some of, best of, but not, and must-with-should over
** iterators.
*/
#include "match/matchInt.h"

/* ---- and ---------------------------------------------------------------- */

/* kids by rising cost.  Positions are read last: documents are first found by
** the `near` of kids that have one, and checked where all meet. */
typedef struct AndIter {
  Iter it;
  Iter **near;       /* of each kid, or the kid */
  bool places;       /* some kid has one */
} AndIter;

static u32 boolAndNear(AndIter *a, u32 target) {
  u32 d = snIterSeek(a->near[0], target);
  for (u32 i = 1; i < a->it.n && d != DOC_END;) {
    u32 e = snIterSeek(a->near[i], d);
    if (e == d) {
      i++;
    } else {
      d = e == DOC_END ? e : snIterSeek(a->near[0], e);
      i = 1;
    }
  }
  return d;
}

static bool boolAndHere(AndIter *a) {
  for (u32 i = 0; i < a->it.n; i++)
    if (a->it.kid[i]->near && !snIterHere(a->it.kid[i])) return false;
  return true;
}

static u32 boolAndSeek(Iter *it, u32 target) {
  AndIter *a = (AndIter *)it;
  u32 d = boolAndNear(a, target);
  while (a->places && d != DOC_END && snIterPass(it->m) && !boolAndHere(a))
    d = boolAndNear(a, d + 1);
  return it->m->rc ? DOC_END : d;
}

/* Dense lists meet as bitmaps; a rare one leads by seeking. */
static void boolAndFill(Iter *it, u32 base, u64 *bits) {
  u64 docs = snSegmentDocs(snMatcherSeg(it->m));
  if (it->kid[0]->cost * 64 < docs || ((AndIter *)it)->places) {
    snIterFill(it, base, bits);
    return;
  }
  u64 all[SN_WORDS] = {0}, one[SN_WORDS];
  it->kid[0]->ops->fill(it->kid[0], base, all);
  for (u32 i = 1; i < it->n && !snBitsEmpty(all, SN_WORDS); i++) {
    memset(one, 0, sizeof one);
    it->kid[i]->ops->fill(it->kid[i], base, one);
    for (u32 w = 0; w < SN_WORDS; w++) all[w] &= one[w];
  }
  for (u32 w = 0; w < SN_WORDS; w++) bits[w] |= all[w];
  it->started = false; /* the kids may stand behind the window: seek anew */
}

static float boolAndScore(Iter *it) {
  double sum = 0;
  for (u32 i = 0; i < it->n; i++)
    sum += (double)it->kid[i]->ops->score(it->kid[i]);
  return (float)sum;
}

/* Bounds of sums are rounded up: floats may round a sum up by an ulp. */
static float boolSumUp(double sum) {
  return nextafterf((float)sum, INFINITY);
}

static float boolSumBound(Iter *it, u32 from, u32 *upto) {
  double sum = 0;
  u32 least = DOC_END - 1;
  for (u32 i = 0; i < it->n; i++) {
    u32 u;
    sum += (double)it->kid[i]->ops->bound(it->kid[i], from, &u);
    least = SN_MIN(least, u);
  }
  *upto = least;
  return boolSumUp(sum);
}

static int boolByCost(const void *a, const void *b) {
  u64 x = (*(Iter *const *)a)->cost, y = (*(Iter *const *)b)->cost;
  return (x > y) - (x < y);
}

static Iter *boolNew(Matcher *m, const IterOps *ops, size_t size,
    Iter **kids, u32 n) {
  Iter *it = snIterNew(m, ops, size, size, n);
  if (!it) return NULL;
  memcpy(it->kid, kids, n * sizeof *kids);
  qsort(it->kid, n, sizeof *kids, boolByCost);
  return it;
}

Iter *snIterAnd(Matcher *m, Iter **kids, u32 n) {
  static const IterOps ops = {ITER_AND, boolAndSeek, boolAndFill, boolAndScore,
      snIterAdd, boolSumBound, NULL};
  Iter *it = boolNew(m, &ops, sizeof(AndIter), kids, n);
  AndIter *a = (AndIter *)it;
  double max = 0;
  if (!it) return NULL;
  a->near = snArenaAlloc(&m->seg_arena, n * sizeof *a->near);
  if (!a->near) {
    snIterFail(m, SN_NOMEM);
    return NULL;
  }
  for (u32 i = 0; i < n; i++) {
    Iter *near = it->kid[i]->near;
    a->near[i] = near ? near : it->kid[i];
    a->places |= near != NULL;
    max += (double)kids[i]->max;
  }
  it->cost = it->kid[0]->cost;
  it->max = boolSumUp(max);
  return it;
}

/* ---- or ----------------------------------------------------------------- */

static u32 boolOrSeek(Iter *it, u32 target) {
  u32 best = DOC_END;
  for (u32 i = 0; i < it->n; i++) {
    u32 d = snIterSeek(it->kid[i], target);
    best = SN_MIN(best, d);
  }
  return best;
}

static void boolOrFill(Iter *it, u32 base, u64 *bits) {
  it->doc = DOC_END;
  it->started = true;
  for (u32 i = 0; i < it->n; i++) {
    it->kid[i]->ops->fill(it->kid[i], base, bits);
    u32 d = snIterSeek(it->kid[i], base + SN_WINDOW);
    it->doc = SN_MIN(it->doc, d);
  }
}

static float boolOrScore(Iter *it) {
  double sum = 0;
  for (u32 i = 0; i < it->n; i++)
    if (it->kid[i]->doc == it->doc)
      sum += (double)it->kid[i]->ops->score(it->kid[i]);
  return (float)sum;
}

static void boolOrAdd(Iter *it, u32 base, const u64 *mask, double *acc) {
  for (u32 i = 0; i < it->n; i++)
    it->kid[i]->ops->add(it->kid[i], base, mask, acc);
  it->started = false;
}

Iter *snIterOr(Matcher *m, Iter **kids, u32 n) {
  static const IterOps ops = {ITER_OR, boolOrSeek, boolOrFill, boolOrScore,
      boolOrAdd, boolSumBound, NULL};
  Iter *it = boolNew(m, &ops, sizeof *it, kids, n);
  double max = 0;
  if (!it) return NULL;
  for (u32 i = 0; i < n; i++) {
    max += (double)kids[i]->max;
    it->cost += kids[i]->cost;
  }
  it->max = boolSumUp(max);
  return it;
}

/* ---- some of ------------------------------------------------------------ */

typedef struct SomeIter {
  Iter it;
  u32 least;
  u32 *near;         /* room for `least` documents */
} SomeIter;

/* The least-th smallest document of the kids: below it too few can meet. */
static u32 boolSomeNear(SomeIter *s) {
  u32 n = 0;
  for (u32 i = 0; i < s->it.n; i++) {
    u32 d = s->it.kid[i]->doc, at;
    if (n == s->least && d >= s->near[n - 1]) continue;
    at = n < s->least ? n++ : n - 1;
    for (; at && s->near[at - 1] > d; at--) s->near[at] = s->near[at - 1];
    s->near[at] = d;
  }
  return s->near[s->least - 1];
}

static u32 boolSomeSeek(Iter *it, u32 target) {
  SomeIter *s = (SomeIter *)it;
  while (snIterPass(it->m)) {
    u32 met = 0, d;
    for (u32 i = 0; i < it->n; i++) snIterSeek(it->kid[i], target);
    d = boolSomeNear(s);
    if (d == DOC_END) return d;
    for (u32 i = 0; i < it->n; i++) met += snIterSeek(it->kid[i], d) == d;
    if (met >= s->least) return d;
    target = d + 1;
  }
  return DOC_END;
}

/* Counts in bit planes, from 2^planes - least up: what overflows is enough. */
static void boolSomeFill(Iter *it, u32 base, u64 *bits) {
  u32 least = ((SomeIter *)it)->least, planes = 1;
  u64 count[32][SN_WORDS], one[SN_WORDS];
  while (1ull << planes < least) planes++;
  for (u32 p = 0; p < planes; p++) {
    bool set = ((1ull << planes) - least) >> p & 1;
    memset(count[p], set ? 0xff : 0, sizeof count[p]);
  }
  for (u32 i = 0; i < it->n; i++) {
    memset(one, 0, sizeof one);
    it->kid[i]->ops->fill(it->kid[i], base, one);
    for (u32 w = 0; w < SN_WORDS; w++) {
      u64 carry = one[w], sum;
      for (u32 p = 0; p < planes && carry; p++) {
        sum = count[p][w] ^ carry;
        carry &= count[p][w];
        count[p][w] = sum;
      }
      bits[w] |= carry;
    }
  }
  it->started = false;
}

Iter *snIterSome(Matcher *m, Iter **kids, u32 n, u32 least) {
  static const IterOps ops = {ITER_SOME, boolSomeSeek, boolSomeFill,
      boolOrScore, snIterAdd, boolSumBound, NULL};
  Iter *it = boolNew(m, &ops, sizeof(SomeIter), kids, n);
  SomeIter *s = (SomeIter *)it;
  double max = 0;
  if (!it) return NULL;
  s->least = least;
  s->near = snArenaAlloc(&m->seg_arena, least * sizeof *s->near);
  if (!s->near) {
    snIterFail(m, SN_NOMEM);
    return NULL;
  }
  for (u32 i = 0; i < n; i++) {
    max += (double)kids[i]->max;
    it->cost += kids[i]->cost;
  }
  it->max = boolSumUp(max);
  return it;
}

/* ---- best of ------------------------------------------------------------ */

typedef struct MaxIter {
  Iter it;
  double tie;
} MaxIter;

/* The best, and of what the others have the share `tie`. */
static float boolBest(const Iter *it, float best, double sum) {
  double tie = ((const MaxIter *)it)->tie;
  return tie > 0 ? (float)((double)best + tie * (sum - (double)best)) : best;
}

/* A bound of it: with tie <= 1 it grows with each of the scores. */
static float boolBestUp(const Iter *it, float best, double sum) {
  double tie = ((const MaxIter *)it)->tie;
  return tie > 0 ? boolSumUp((double)boolBest(it, best, sum)) : best;
}

static float boolMaxScore(Iter *it) {
  float best = 0;
  double sum = 0;
  for (u32 i = 0; i < it->n; i++) {
    if (it->kid[i]->doc != it->doc) continue;
    float s = it->kid[i]->ops->score(it->kid[i]);
    best = SN_MAX(best, s);
    sum += (double)s;
  }
  return boolBest(it, best, sum);
}

static float boolMaxBound(Iter *it, u32 from, u32 *upto) {
  float best = 0;
  double sum = 0;
  u32 least = DOC_END - 1;
  for (u32 i = 0; i < it->n; i++) {
    u32 u;
    float b = it->kid[i]->ops->bound(it->kid[i], from, &u);
    best = SN_MAX(best, b);
    sum += (double)b;
    least = SN_MIN(least, u);
  }
  *upto = least;
  return boolBestUp(it, best, sum);
}

Iter *snIterMax(Matcher *m, Iter **kids, u32 n, float tie) {
  static const IterOps ops = {ITER_MAX, boolOrSeek, boolOrFill, boolMaxScore,
      snIterAdd, boolMaxBound, NULL};
  Iter *it = boolNew(m, &ops, sizeof(MaxIter), kids, n);
  float best = 0;
  double sum = 0;
  if (!it) return NULL;
  ((MaxIter *)it)->tie = (double)tie;
  for (u32 i = 0; i < n; i++) {
    best = SN_MAX(best, kids[i]->max);
    sum += (double)kids[i]->max;
    it->cost += kids[i]->cost;
  }
  it->max = boolBestUp(it, best, sum);
  return it;
}

/* ---- but not ------------------------------------------------------------ */

static u32 boolNotSeek(Iter *it, u32 target) {
  u32 d = snIterSeek(it->kid[0], target);
  while (d != DOC_END && snIterSeek(it->kid[1], d) == d && snIterPass(it->m))
    d = snIterSeek(it->kid[0], d + 1);
  return it->m->rc ? DOC_END : d;
}

/* What is dropped below doc may be behind its iterator already, while what is
** kept may be a bitmap that gives it again: only documents from doc count. */
static void boolNotFill(Iter *it, u32 base, u64 *bits) {
  u64 keep[SN_WORDS] = {0}, drop[SN_WORDS] = {0};
  u32 from = snIterSeek(it, base) - base;
  if (from >= SN_WINDOW) return;
  it->kid[0]->ops->fill(it->kid[0], base, keep);
  it->kid[1]->ops->fill(it->kid[1], base, drop);
  keep[from / 64] &= ~0ull << (from % 64);
  for (u32 w = from / 64; w < SN_WORDS; w++) bits[w] |= keep[w] & ~drop[w];
  it->started = false;
}

static float boolFirstScore(Iter *it) {
  return it->kid[0]->ops->score(it->kid[0]);
}

static float boolFirstBound(Iter *it, u32 from, u32 *upto) {
  return it->kid[0]->ops->bound(it->kid[0], from, upto);
}

Iter *snIterNot(Matcher *m, Iter *keep, Iter *drop) {
  static const IterOps ops = {ITER_NOT, boolNotSeek, boolNotFill,
      boolFirstScore, snIterAdd, boolFirstBound, NULL};
  Iter *it = snIterNew(m, &ops, sizeof *it, sizeof *it, 2);
  if (!it) return NULL;
  it->kid[0] = keep;
  it->kid[1] = drop;
  it->cost = keep->cost;
  it->max = keep->max;
  return it;
}

/* ---- must, and should adds ---------------------------------------------- */

static u32 boolOptSeek(Iter *it, u32 target) {
  return snIterSeek(it->kid[0], target);
}

static void boolOptFill(Iter *it, u32 base, u64 *bits) {
  it->kid[0]->ops->fill(it->kid[0], base, bits);
  it->started = false;
}

static float boolOptScore(Iter *it) {
  double s = (double)it->kid[0]->ops->score(it->kid[0]);
  if (snIterSeek(it->kid[1], it->doc) == it->doc)
    s += (double)it->kid[1]->ops->score(it->kid[1]);
  return (float)s;
}

Iter *snIterOpt(Matcher *m, Iter *must, Iter *should) {
  static const IterOps ops = {ITER_OPT, boolOptSeek, boolOptFill, boolOptScore,
      snIterAdd, boolSumBound, NULL};
  Iter *it = snIterNew(m, &ops, sizeof *it, sizeof *it, 2);
  if (!it) return NULL;
  it->kid[0] = must;
  it->kid[1] = should;
  it->cost = must->cost;
  it->max = boolSumUp((double)must->max + (double)should->max);
  return it;
}
