/*
** agg_sketch: approximate answers in little memory, and what share of the
** values lies at or below one.
**
** (1) A state depends on the set of values (approx_count_distinct) or on how
**     often each occurs (approx_quantile), and on nothing else: not on the
**     order of rows, nor on how they were parted.  So two states of parts make
**     the one of all.
** (2) Distinct: the hashes themselves up to SKETCH_FEW of them, then
**     HyperLogLog (Flajolet et al. 2007) of 2^14 registers with the estimator
**     of Ertl (2017), which needs no table of corrections.  Few values are
**     counted exactly; else the standard error is 0.8 percent.
** (3) Quantiles: values without the last bits of their mantissa, and how often
**     each came: 512 of them lie between 1 and 2, as many between 2 and 4.  An
**     answer is off by less than 1/512 of itself; integers up to 1,023 are
**     whole.  A digest whose centres move with the order of rows (Dunning's t-
**     digest) would break (1).
*/
#include "vm/aggInt.h"

#define SKETCH_FEW   2048u /* hashes */
#define SKETCH_BITS  14u   /* of a hash: its register */
#define SKETCH_REGS  (1u << SKETCH_BITS)
#define SKETCH_RANKS (64u - SKETCH_BITS)
#define SKETCH_DROP  43u   /* bits of the mantissa that are left out */
#define SKETCH_ASKED 1000u /* elements of an array of shares */

/* ---- What is asked ------------------------------------------------------- */

static int sketchBad(const Agg *a, char *error, const char *why) {
  snprintf(error, 256, "the second argument of %s() %s", a->f->name, why);
  return SEINE_ERROR;
}

static int sketchRoom(Agg *a, u32 n) {
  double *q = snMemRealloc(a->budget, a->q, (n + 1ull) * sizeof *q);
  if (!q) return SN_NOMEM;
  a->q = q;
  a->nq = n;
  return SEINE_OK;
}

/* One row's argument against, or to, a->q. */
static int sketchTake(Agg *a, const AggIn *in, u32 row, bool share) {
  const Vec *v = &in->args[1];
  ArrayIter it = {.left = 1, .type = v->type};
  ArrayItem x = {0};
  bool list = (v->type & TYPE_ARRAY) != 0;
  if (list) {
    Str s = snKernStr(v, row);
    snArrayOpen(&it, s.p, s.n);
    if (it.left > SKETCH_ASKED)
      return sketchBad(a, in->error, "has more than 1,000 elements");
    if (it.left && !snTypeIsNumber(it.type))
      return sketchBad(a, in->error, "must be an array of numbers");
  }
  u32 n = it.left;
  if (a->has_q && n != a->nq)
    return sketchBad(a, in->error, "must be constant");
  if (!a->has_q && sketchRoom(a, n)) return SN_NOMEM;
  for (u32 k = 0; k < n; k++) {
    double q;
    if (list && !snArrayNext(&it, &x)) return SN_CORRUPT;
    if (x.null) return sketchBad(a, in->error, "must not hold NULL");
    q = !list ? snKernReal(v, row) : it.type == TYPE_REAL ? x.d :
        (double)x.i;
    if (share && !(q >= 0 && q <= 1))
      return sketchBad(a, in->error, "must be between 0 and 1");
    if (a->has_q && a->q[k] != q)
      return sketchBad(a, in->error, "must be constant");
    a->q[k] = q;
  }
  a->has_q = true;
  return SEINE_OK;
}

int snAggAsked(Agg *a, const AggIn *in, bool share) {
  int rc = SEINE_OK;
  for (u32 k = 0; k < in->rows.n && snKernOnce(&in->args[1], k) && !rc; k++)
    rc = sketchTake(a, in, snKernRow(in->rows, k), share);
  return rc;
}

int snAggAskedMerge(Agg *a, const Agg *from, char *error) {
  size_t size = from->nq * sizeof *from->q;
  if (!from->has_q) return SEINE_OK;
  if (!a->has_q && sketchRoom(a, from->nq)) return SN_NOMEM;
  if (a->has_q && (a->nq != from->nq || memcmp(a->q, from->q, size)))
    return sketchBad(a, error, "must be constant");
  memcpy(a->q, from->q, size);
  a->has_q = true;
  return SEINE_OK;
}

int snAggAnswer(Agg *a, Vec *out, u32 i, Arena *arena, const void *g,
    double (*at)(const void *g, double q)) {
  Buf *b = &a->text;
  if (!(out->type & TYPE_ARRAY)) {
    snAggPutReal(out, i, at(g, *a->q));
    return SEINE_OK;
  }
  b->n = 0;
  snArrayBegin(b, TYPE_REAL, a->nq);
  for (u32 k = 0; k < a->nq; k++) snArrayReal(b, at(g, a->q[k]));
  return b->rc ? b->rc : snAggPutStr(out, i, b->data, (u32)b->n, arena);
}

/* ---- approx_count_distinct ----------------------------------------------- */

/* slot: hashes, none of which is 0, in a table of cap, or 0; behind SKETCH_FEW
** of them: reg. */
typedef struct SketchSet {
  u64 *slot;
  u8 *reg;
  u32 n, cap;
} SketchSet;

static u64 sketchHash(const Vec *v, u32 row) {
  KernVal x;
  u64 h;
  snKernGet(v, row, &x);
  if (v->type == TYPE_REAL) x.i = snAggRealKey(x.d + 0.0); /* -0 is 0 */
  if (snTypeForm(v->type) == FORM_STR)
    h = snHash(x.s.n ? x.s.p : (const u8 *)"", x.s.n, 0);
  else h = snHash(&x.i, sizeof x.i, 0);
  return h ? h : 1;
}

static void sketchRegister(u8 *reg, u64 h) {
  u64 rest = h << SKETCH_BITS | 1ull << (SKETCH_BITS - 1);
  u8 rank = (u8)(__builtin_clzll(rest) + 1);
  u8 *r = reg + (h >> SKETCH_RANKS);
  if (*r < rank) *r = rank;
}

/* True: it was not there. */
static bool sketchPut(u64 *slot, u32 cap, u64 h) {
  u32 at = (u32)h & (cap - 1);
  while (slot[at] && slot[at] != h) at = (at + 1) & (cap - 1);
  if (slot[at]) return false;
  slot[at] = h;
  return true;
}

static int sketchRegisters(Agg *a, SketchSet *s) {
  s->reg = snMemZero(a->budget, SKETCH_REGS);
  if (!s->reg) return SN_NOMEM;
  for (u32 k = 0; k < s->cap; k++)
    if (s->slot[k]) sketchRegister(s->reg, s->slot[k]);
  snMemFree(s->slot);
  s->slot = NULL;
  return SEINE_OK;
}

/* Twice the room, or registers. */
static int sketchGrow(Agg *a, SketchSet *s) {
  u32 cap = s->cap ? s->cap * 2 : 16;
  if (s->n >= SKETCH_FEW) return sketchRegisters(a, s);
  u64 *slot = snMemZero(a->budget, cap * sizeof *slot);
  if (!slot) return SN_NOMEM;
  for (u32 k = 0; k < s->cap; k++)
    if (s->slot[k]) (void)sketchPut(slot, cap, s->slot[k]);
  snMemFree(s->slot);
  s->slot = slot;
  s->cap = cap;
  return SEINE_OK;
}

static int sketchCountHash(Agg *a, SketchSet *s, u64 h) {
  int rc = SEINE_OK;
  if (s->reg) {
    sketchRegister(s->reg, h);
    return SEINE_OK;
  }
  if (!s->cap) rc = sketchGrow(a, s);
  if (rc || !sketchPut(s->slot, s->cap, h)) return rc;
  s->n++;
  /* Half of the slots stay free; one hash more than FEW makes registers. */
  return s->n > s->cap / 2 || s->n > SKETCH_FEW ? sketchGrow(a, s) : SEINE_OK;
}

static int sketchCount(Agg *a, const AggIn *in) {
  int rc = SEINE_OK;
  for (u32 k = 0; k < in->rows.n && !rc; k++) {
    u32 row = snKernRow(in->rows, k);
    SketchSet *s = (SketchSet *)a->state + snAggGroup(in, row);
    rc = sketchCountHash(a, s, sketchHash(&in->args[0], row));
  }
  return rc;
}

static int sketchCountMerge(Agg *a, void *to, const Agg *from,
    const void *s) {
  SketchSet *t = to;
  const SketchSet *o = s;
  int rc = SEINE_OK;
  (void)from;
  for (u32 k = 0; !o->reg && k < o->cap && !rc; k++)
    if (o->slot[k]) rc = sketchCountHash(a, t, o->slot[k]);
  if (!o->reg) return rc;
  if (!t->reg) rc = sketchRegisters(a, t);
  for (u32 k = 0; k < SKETCH_REGS && !rc; k++)
    t->reg[k] = SN_MAX(t->reg[k], o->reg[k]);
  return rc;
}

static double sketchSigma(double x) {
  double y = 1, z = x, was;
  if (x == 1) return (double)INFINITY;
  do {
    x *= x;
    was = z;
    z += x * y;
    y += y;
  } while (z != was);
  return z;
}

static double sketchTau(double x) {
  double y = 1, z = 1 - x, was;
  if (x == 0 || x == 1) return 0;
  do {
    x = sqrt(x);
    was = z;
    y *= 0.5;
    z -= (1 - x) * (1 - x) * y;
  } while (z != was);
  return z / 3;
}

/* Ertl, New cardinality estimation algorithms for HyperLogLog sketches,
** algorithm 6. */
static double sketchEstimate(const u8 *reg) {
  u32 count[SKETCH_RANKS + 2] = {0};
  double m = SKETCH_REGS, z;
  for (u32 k = 0; k < SKETCH_REGS; k++) count[reg[k]]++;
  z = m * sketchTau(1 - count[SKETCH_RANKS + 1] / m);
  for (u32 k = SKETCH_RANKS; k; k--) z = 0.5 * (z + count[k]);
  z += m * sketchSigma(count[0] / m);
  return m * m / z / (2 * 0.69314718055994530942);
}

static int sketchCountFinal(Agg *a, u32 from, u32 n, Arena *arena, Vec *out) {
  (void)arena;
  for (u32 i = 0; i < n; i++) {
    const SketchSet *s = (SketchSet *)a->state + from + i;
    snAggPutInt(out, i, s->reg ? (i64)(sketchEstimate(s->reg) + 0.5) : s->n);
  }
  return SEINE_OK;
}

static void sketchCountClear(Agg *a) {
  SketchSet *s = a->state;
  for (u32 i = 0; i < a->ngroups; i++) {
    snMemFree(s[i].slot);
    snMemFree(s[i].reg);
  }
}

static const AggOps sketchCountOps = {sizeof(SketchSet), 1, NULL,
    sketchCount, sketchCountFinal, sketchCountClear, sketchCountMerge};

/* ---- approx_quantile ----------------------------------------------------- */

/* A table of values and how often each came; times 0: a free slot.  order: of
** the values that are there, made by the final. */
typedef struct SketchSlot { i64 key; u64 times; } SketchSlot;
typedef struct SketchBag {
  SketchSlot *slot;
  u32 n, cap;        /* values; slots */
  u64 rows;
} SketchBag;

static i64 sketchRound(double v) {
  u64 bits;
  if (v != v) return snAggRealKey(v);
  memcpy(&bits, &v, 8);
  bits &= UINT64_MAX << SKETCH_DROP;
  memcpy(&v, &bits, 8);
  return snAggRealKey(v + 0.0);
}

static SketchSlot *sketchFind(SketchSlot *slot, u32 cap, i64 key) {
  u32 at = (u32)snHashInt((u64)key) & (cap - 1);
  while (slot[at].times && slot[at].key != key) at = (at + 1) & (cap - 1);
  return slot + at;
}

static int sketchBagGrow(Agg *a, SketchBag *s) {
  u32 cap = s->cap ? s->cap * 2 : 16;
  if (s->cap > UINT32_MAX / 4) return SEINE_TOOBIG;
  SketchSlot *slot = snMemZero(a->budget, cap * sizeof *slot);
  if (!slot) return SN_NOMEM;
  for (u32 k = 0; k < s->cap; k++)
    if (s->slot[k].times)
      *sketchFind(slot, cap, s->slot[k].key) = s->slot[k];
  snMemFree(s->slot);
  s->slot = slot;
  s->cap = cap;
  return SEINE_OK;
}

static int sketchBagAdd(Agg *a, SketchBag *s, i64 key, u64 times) {
  int rc = s->n >= s->cap / 2 ? sketchBagGrow(a, s) : SEINE_OK;
  if (rc) return rc;
  SketchSlot *at = sketchFind(s->slot, s->cap, key);
  at->key = key;
  s->n += !at->times;
  at->times += times;
  s->rows += times;
  return SEINE_OK;
}

static int sketchBag(Agg *a, const AggIn *in) {
  const double *v;
  int rc = snAggAsked(a, in, true);
  if (!rc) rc = snAggReals(a, in, 0, &v);
  for (u32 k = 0; k < in->rows.n && !rc; k++) {
    u32 row = snKernRow(in->rows, k);
    SketchBag *s = (SketchBag *)a->state + snAggGroup(in, row);
    rc = sketchBagAdd(a, s, sketchRound(v[row]), 1);
  }
  return rc;
}

static int sketchBagMerge(Agg *a, void *to, const Agg *from, const void *s) {
  const SketchBag *o = s;
  int rc = SEINE_OK;
  (void)from;
  for (u32 k = 0; k < o->cap && !rc; k++)
    if (o->slot[k].times)
      rc = sketchBagAdd(a, to, o->slot[k].key, o->slot[k].times);
  return rc;
}

/* Slots in order of their values, the free ones left out. */
typedef struct SketchOrder {
  const SketchSlot *slot;
  const KeyIdx *order;
  u32 n;
  u64 rows;
} SketchOrder;

static double sketchRank(const SketchOrder *o, u64 rank) {
  u32 k = 0;
  for (; k + 1 < o->n && rank >= o->slot[o->order[k].idx].times; k++)
    rank -= o->slot[o->order[k].idx].times;
  return snAggKeyReal(o->slot[o->order[k].idx].key);
}

static double sketchQuantile(const void *of, double q) {
  const SketchOrder *o = of;
  double at = q * (double)(o->rows - 1), whole = floor(at), low, high;
  low = sketchRank(o, (u64)whole);
  at -= whole;
  if (at == 0) return low;
  high = sketchRank(o, SN_MIN((u64)whole + 1, o->rows - 1));
  if (low == high) return low;
  if (isfinite(high - low)) return low + (high - low) * at;
  return low * (1 - at) + high * at;
}

static int sketchBagOne(Agg *a, const SketchBag *s, Vec *out, u32 i,
    Arena *arena) {
  KeyIdx *order = snMemAlloc(a->budget, 2ull * s->n * sizeof *order);
  SketchOrder o = {s->slot, order, 0, s->rows};
  if (!order) return SN_NOMEM;
  for (u32 k = 0; k < s->cap; k++)
    if (s->slot[k].times)
      order[o.n++] = (KeyIdx){(u64)s->slot[k].key ^ 1ull << 63, k};
  snSortKeys(order, o.n, order + s->n);
  int rc = snAggAnswer(a, out, i, arena, &o, sketchQuantile);
  snMemFree(order);
  return rc;
}

static int sketchBagFinal(Agg *a, u32 from, u32 n, Arena *arena, Vec *out) {
  const SketchBag *s = (SketchBag *)a->state + from;
  int rc = SEINE_OK;
  for (u32 i = 0; i < n && !rc; i++) {
    if (s[i].rows) rc = sketchBagOne(a, s + i, out, i, arena);
    else snKernNull(out, i);
  }
  return rc;
}

static void sketchBagClear(Agg *a) {
  SketchBag *s = a->state;
  for (u32 i = 0; i < a->ngroups; i++) snMemFree(s[i].slot);
}

static const AggOps sketchBagOps = {sizeof(SketchBag), 3, NULL, sketchBag,
    sketchBagFinal, sketchBagClear, sketchBagMerge};

/* ---- percentile_rank ----------------------------------------------------- */

/* below[k]: rows at or below a->q[k]. */
typedef struct SketchBelow { u64 *below, rows; } SketchBelow;

static int sketchBelow(Agg *a, const AggIn *in) {
  const double *v;
  int rc = snAggAsked(a, in, false);
  if (!rc) rc = snAggReals(a, in, 0, &v);
  for (u32 k = 0; k < in->rows.n && !rc; k++) {
    u32 row = snKernRow(in->rows, k);
    SketchBelow *s = (SketchBelow *)a->state + snAggGroup(in, row);
    if (!s->below)
      s->below = snMemZero(a->budget, (a->nq + 1ull) * sizeof *s->below);
    if (!s->below) return SN_NOMEM;
    s->rows++;
    for (u32 j = 0; j < a->nq; j++) s->below[j] += v[row] <= a->q[j];
  }
  return rc;
}

static int sketchBelowFinal(Agg *a, u32 from, u32 n, Arena *arena, Vec *out) {
  const SketchBelow *s = (SketchBelow *)a->state + from;
  Buf *b = &a->text;
  int rc = SEINE_OK;
  for (u32 i = 0; i < n && !rc; i++) {
    double all = (double)s[i].rows;
    if (!s[i].rows) {
      snKernNull(out, i);
    } else if (!(out->type & TYPE_ARRAY)) {
      snAggPutReal(out, i, 100 * (double)s[i].below[0] / all);
    } else {
      b->n = 0;
      snArrayBegin(b, TYPE_REAL, a->nq);
      for (u32 k = 0; k < a->nq; k++)
        snArrayReal(b, 100 * (double)s[i].below[k] / all);
      rc = b->rc ? b->rc : snAggPutStr(out, i, b->data, (u32)b->n, arena);
    }
  }
  return rc;
}

static int sketchBelowMerge(Agg *a, void *to, const Agg *from,
    const void *s) {
  SketchBelow *t = to;
  const SketchBelow *o = s;
  (void)from;
  if (!o->rows) return SEINE_OK;
  if (!t->below)
    t->below = snMemZero(a->budget, (a->nq + 1ull) * sizeof *t->below);
  if (!t->below) return SN_NOMEM;
  t->rows += o->rows;
  for (u32 j = 0; j < a->nq; j++) t->below[j] += o->below[j];
  return SEINE_OK;
}

static void sketchBelowClear(Agg *a) {
  SketchBelow *s = a->state;
  for (u32 i = 0; i < a->ngroups; i++) snMemFree(s[i].below);
}

static const AggOps sketchBelowOps = {sizeof(SketchBelow), 3, NULL,
    sketchBelow, sketchBelowFinal, sketchBelowClear, sketchBelowMerge};

/* ---- The part of the table ----------------------------------------------- */

#define SKETCH_ARRAY (TYPE_ARRAY | TYPE_REAL)

/* clang-format off */
static const AggFunc sketch_list[] = {
  {"approx_count_distinct", "*",  TYPE_INTEGER, 0, &sketchCountOps, 0},
  {"approx_quantile",       "rr", TYPE_REAL,    0, &sketchBagOps,   0},
  {"approx_quantile",       "ra", SKETCH_ARRAY, 0, &sketchBagOps,   0},
  {"approx_percentile",     "rr", TYPE_REAL,    0, &sketchBagOps,   0},
  {"approx_percentile",     "ra", SKETCH_ARRAY, 0, &sketchBagOps,   0},
  {"percentile_rank",       "rr", TYPE_REAL,    0, &sketchBelowOps, 0},
  {"percentile_rank",       "ra", SKETCH_ARRAY, 0, &sketchBelowOps, 0},
};
/* clang-format on */

const AggFunc *snAggSketchList(u32 *n) {
  *n = SN_COUNT(sketch_list);
  return sketch_list;
}

#undef SKETCH_FEW
#undef SKETCH_BITS
#undef SKETCH_REGS
#undef SKETCH_RANKS
#undef SKETCH_DROP
#undef SKETCH_ASKED
#undef SKETCH_ARRAY
