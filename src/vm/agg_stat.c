/*
** agg_stat: variance and its kin, correlation, order statistics, mode.
**
** (1) Moments are kept as exact sums of powers and products: a product of
**     doubles is split by fma into two doubles that are it exactly.  Nothing
**     is rounded before the final, so the order of rows does not matter.
** (2) The final moves the sums to about the mean m, still exactly: the sum
**     of (x - m)^k is a sum of products of m's powers and the sums.  Only
**     that result is rounded.  Since m is a double and not quite the mean,
**     d = mean - m is put right afterwards; it is tiny, and so is its error.
** (3) Exact ends where a product overflows (then the answer is inf or NaN) or
**     falls below 2^-1074.
** (4) Order statistics count digits of the keys of all values; no pass moves
**     a value, and no input makes them slower.
*/
#include "vm/aggInt.h"

typedef enum AggStatTag {
  AGG_STAT_VAR_SAMP, AGG_STAT_VAR_POP, AGG_STAT_DEV_SAMP, AGG_STAT_DEV_POP,
  AGG_STAT_SKEW, AGG_STAT_KURT, AGG_STAT_KURT_POP,
  AGG_STAT_CORR, AGG_STAT_COVAR_POP, AGG_STAT_COVAR_SAMP,
  AGG_STAT_MEDIAN, AGG_STAT_CONT, AGG_STAT_DISC
} AggStatTag;

#define AGG_STAT_FINE (-140) /* unit of the low halves of squares */
#define AGG_STAT_SUMS 5

/* ---- Numbers as sums of doubles ----------------------------------------- */

/* The value is the sum of v[0..n). */
typedef struct AggStatExp {
  double v[8];
  u32 n;
} AggStatExp;

static AggStatExp aggStatOne(double v) { return (AggStatExp){{v}, 1}; }

/* x * y, split in two. */
static inline double aggStatTimes(double x, double y, double *low) {
  double p = x * y;
  *low = isfinite(p) ? fma(x, y, -p) : 0;
  return p;
}

/* x * y for x of at most 4 parts. */
static AggStatExp aggStatScale(const AggStatExp *x, double y) {
  AggStatExp out = {{0}, 0};
  assert(x->n <= 4);
  for (u32 i = 0; i < x->n; i++) {
    out.v[out.n] = aggStatTimes(x->v[i], y, &out.v[out.n + 1]);
    out.n += 2;
  }
  return out;
}

/* Takes a sum apart into 5 doubles: 265 bits, more than any of the sums has
** unless its values are very far apart. */
static int aggStatTake(ExactSum *s, AggStatExp *out) {
  *out = (AggStatExp){{0}, 0};
  while (out->n < 5) {
    double v = snSumGet(s);
    int rc;
    out->v[out->n++] = v;
    if (v == 0 || !isfinite(v)) return SEINE_OK;
    rc = snSumSub(s, v);
    if (rc) return rc;
  }
  return SEINE_OK;
}

/* s += times * x * y; times is below 8, and not a power of two perhaps. */
static int aggStatTerm(ExactSum *s, const AggStatExp *x, const AggStatExp *y,
    u32 times) {
  int rc = SEINE_OK;
  for (u32 k = 0; k < x->n * y->n && !rc; k++) {
    double low, p = aggStatTimes(x->v[k / y->n], y->v[k % y->n], &low);
    for (u32 bit = 1; bit <= times && !rc; bit *= 2) {
      if (!(times & bit)) continue;
      rc = snSumAdd(s, p * bit);
      if (!rc) rc = snSumAdd(s, low * bit);
    }
  }
  return rc;
}

/* Sum of (x - m)^k for each k up to `most`: out[k - 1]; s[k - 1] is the sum
** of x^k, and n there are. */
static int aggStatAbout(Budget *b, const AggStatExp *s, u32 most, u64 n,
    double m, double *out) {
  static const u8 choose[5][5] = {{1, 0, 0, 0, 0}, {1, 1, 0, 0, 0},
      {1, 2, 1, 0, 0}, {1, 3, 3, 1, 0}, {1, 4, 6, 4, 1}};
  AggStatExp power[5], count = aggStatOne((double)n);
  int rc = SEINE_OK;
  power[0] = aggStatOne(1);
  power[1] = aggStatOne(-m);
  for (u32 k = 2; k <= most; k++) power[k] = aggStatScale(&power[k - 1], -m);
  for (u32 k = 1; k <= most && !rc; k++) {
    ExactSum t;
    snSumInit(&t, b);
    for (u32 j = 0; j <= k && !rc; j++) {
      const AggStatExp *sum = j ? &s[j - 1] : &count;
      rc = aggStatTerm(&t, sum, &power[k - j], choose[k][j]);
    }
    out[k - 1] = snSumGet(&t);
    snSumClear(&t);
  }
  return rc;
}

/* ---- Variance ----------------------------------------------------------- */

/* Sums of x and x^2 in fixed units, and what does not fit: sum and fine are
** the two halves of the squares. */
typedef struct AggStatVar {
  i128 x, square, fine;
  u64 n;
  u32 big_x, big_square;
} AggStatVar;

SN_INLINE int aggStatVarAdd(Agg *a, AggStatVar *s, double x) {
  double low, p = aggStatTimes(x, x, &low);
  int rc = SEINE_OK;
  s->n++;
  if (SN_UNLIKELY(!snAggFixAdd(&s->x, x, AGG_FIX))) {
    rc = snAggBigAdd(a, &s->big_x, x);
  }
  if (SN_UNLIKELY(!snAggFixAdd(&s->square, p, AGG_FIX)) && !rc) {
    rc = snAggBigAdd(a, &s->big_square, p);
  }
  if (low != 0 && !snAggFixAdd(&s->fine, low, AGG_STAT_FINE) && !rc) {
    rc = snAggBigAdd(a, &s->big_square, low);
  }
  return rc;
}

static int aggStatVar(Agg *a, const AggIn *in) {
  AggStatVar *st = a->state;
  const double *v;
  int rc = snAggReals(a, in, 0, &v);
  for (u32 k = 0; k < in->rows.n && !rc; k++) {
    u32 row = snKernRow(in->rows, k);
    rc = aggStatVarAdd(a, st + snAggGroup(in, row), v[row]);
  }
  return rc;
}

/* A sum of a state, taken apart. */
static int aggStatParts(Agg *a, u32 big, i128 sum, i128 fine,
    AggStatExp *out) {
  ExactSum s;
  int rc;
  snSumInit(&s, a->budget);
  rc = big ? snSumMerge(&s, &a->big[big - 1]) : SEINE_OK;
  if (!rc && sum) rc = snAggFixTo(&s, sum, AGG_FIX);
  if (!rc && fine) rc = snAggFixTo(&s, fine, AGG_STAT_FINE);
  if (!rc) rc = aggStatTake(&s, out);
  snSumClear(&s);
  return rc;
}

/* Sum of squares about the mean. */
static int aggStatVarGet(Agg *a, const AggStatVar *s, double *out) {
  AggStatExp sum[2];
  double n = (double)s->n, m, q[2];
  int rc = aggStatParts(a, s->big_x, s->x, 0, &sum[0]);
  if (!rc) rc = aggStatParts(a, s->big_square, s->square, s->fine, &sum[1]);
  if (rc) return rc;
  m = sum[0].v[0] / n;
  *out = isfinite(m) ? sum[1].v[0] : (double)NAN;
  if (!isfinite(*out)) return SEINE_OK;
  rc = aggStatAbout(a->budget, sum, 2, s->n, m, q);
  if (rc) return rc;
  *out = q[1] - q[0] * (q[0] / n);
  if (*out < 0) *out = 0;
  return SEINE_OK;
}

static int aggStatVarFinal(Agg *a, u32 from, u32 n, Arena *arena, Vec *out) {
  bool pop = a->tag == AGG_STAT_VAR_POP || a->tag == AGG_STAT_DEV_POP;
  bool root = a->tag == AGG_STAT_DEV_POP || a->tag == AGG_STAT_DEV_SAMP;
  (void)arena;
  for (u32 i = 0; i < n; i++) {
    const AggStatVar *s = (AggStatVar *)a->state + from + i;
    double v = 0;
    int rc;
    if (s->n < (pop ? 1 : 2)) {
      snAggPutReal(out, i, 0);
      snKernNull(out, i);
      continue;
    }
    rc = aggStatVarGet(a, s, &v);
    if (rc) return rc;
    v /= (double)(pop ? s->n : s->n - 1);
    snAggPutReal(out, i, root ? sqrt(v) : v);
  }
  return SEINE_OK;
}

static int aggStatVarMerge(Agg *a, void *to, const Agg *from,
    const void *s) {
  AggStatVar *t = to;
  const AggStatVar *o = s;
  t->n += o->n;
  int rc = snAggFixMerge(a, &t->x, o->x, AGG_FIX, &t->big_x);
  if (!rc)
    rc = snAggFixMerge(a, &t->square, o->square, AGG_FIX, &t->big_square);
  if (!rc)
    rc = snAggFixMerge(a, &t->fine, o->fine, AGG_STAT_FINE, &t->big_square);
  if (!rc) rc = snAggBigMerge(a, &t->big_x, from, o->big_x);
  return rc ? rc : snAggBigMerge(a, &t->big_square, from, o->big_square);
}

static const AggOps aggStatVarOps = {sizeof(AggStatVar), 1, NULL, aggStatVar,
    aggStatVarFinal, NULL, aggStatVarMerge};

/* ---- Higher moments and pairs ------------------------------------------- */

/* Exact sums: of x, x^2, x^3, x^4; or of x, y, x*x, y*y, x*y. */
typedef struct AggStatSums {
  u64 n;
  u32 big[AGG_STAT_SUMS], pad;
} AggStatSums;

static int aggStatAdd(Agg *a, u32 *big, const AggStatExp *x) {
  int rc = SEINE_OK;
  for (u32 i = 0; i < x->n && !rc; i++) rc = snAggBigAdd(a, big, x->v[i]);
  return rc;
}

static int aggStatPowers(Agg *a, const AggIn *in) {
  AggStatSums *st = a->state;
  const double *v;
  u32 most = a->tag == AGG_STAT_SKEW ? 3 : 4;
  int rc = snAggReals(a, in, 0, &v);
  for (u32 k = 0; k < in->rows.n && !rc; k++) {
    u32 row = snKernRow(in->rows, k);
    AggStatSums *s = st + snAggGroup(in, row);
    AggStatExp power = aggStatOne(v[row]);
    s->n++;
    rc = aggStatAdd(a, &s->big[0], &power);
    for (u32 j = 1; j < most && !rc; j++) {
      power = aggStatScale(&power, v[row]);
      rc = aggStatAdd(a, &s->big[j], &power);
    }
  }
  return rc;
}

/* Moments about the mean, from those about m: q[1] .. q[3] are the sums of
** squares, cubes and fourth powers. */
static void aggStatCentre(double q[4], double n) {
  double d = q[0] / n;
  q[3] += d * (-4 * q[2] + d * (6 * q[1] - 3 * n * d * d));
  q[2] += d * (-3 * q[1] + 2 * n * d * d);
  q[1] -= q[0] * d;
}

/* False: there is no such number (too few values, or all equal). */
static bool aggStatShape(i32 tag, const double q[4], double n, double *out) {
  double square = q[1] / n;
  if (n < (tag == AGG_STAT_KURT ? 4 : tag == AGG_STAT_SKEW ? 3 : 1)) {
    return false;
  }
  if (isnan(square) || isnan(q[2]) || isnan(q[3])) {
    *out = (double)NAN;
    return true;
  }
  if (!(square > 0)) return false;
  if (tag == AGG_STAT_SKEW) {
    *out = sqrt(n * (n - 1)) / (n - 2) * (q[2] / n / square / sqrt(square));
    return true;
  }
  *out = q[3] / n / square / square - 3;
  if (tag == AGG_STAT_KURT_POP) return true;
  *out = (n - 1) / ((n - 2) * (n - 3)) * ((n + 1) * *out + 6);
  return true;
}

static int aggStatShapeGet(Agg *a, const AggStatSums *s, double q[4]) {
  AggStatExp sum[4];
  double n = (double)s->n;
  u32 most = a->tag == AGG_STAT_SKEW ? 3 : 4;
  int rc = SEINE_OK;
  q[0] = q[1] = q[2] = q[3] = 0;
  for (u32 j = 0; j < most; j++) {
    rc = aggStatParts(a, s->big[j], 0, 0, &sum[j]);
    if (rc) return rc;
    if (isfinite(sum[j].v[0])) continue;
    q[1] = (double)NAN;
    return SEINE_OK;
  }
  if (!s->n) return SEINE_OK;
  rc = aggStatAbout(a->budget, sum, most, s->n, sum[0].v[0] / n, q);
  if (!rc) aggStatCentre(q, n);
  return rc;
}

static int aggStatShapeFinal(Agg *a, u32 from, u32 n, Arena *arena,
    Vec *out) {
  (void)arena;
  for (u32 i = 0; i < n; i++) {
    const AggStatSums *s = (AggStatSums *)a->state + from + i;
    double q[4], v = 0;
    int rc = aggStatShapeGet(a, s, q);
    bool null;
    if (rc) return rc;
    null = !aggStatShape(a->tag, q, (double)s->n, &v);
    snAggPutReal(out, i, v);
    if (null) snKernNull(out, i);
  }
  return SEINE_OK;
}

static int aggStatSumsMerge(Agg *a, void *to, const Agg *from,
    const void *s) {
  AggStatSums *t = to;
  const AggStatSums *o = s;
  int rc = SEINE_OK;
  t->n += o->n;
  for (u32 k = 0; k < AGG_STAT_SUMS && !rc; k++)
    rc = snAggBigMerge(a, &t->big[k], from, o->big[k]);
  return rc;
}

static const AggOps aggStatShapeOps = {sizeof(AggStatSums), 1, NULL,
    aggStatPowers, aggStatShapeFinal, NULL, aggStatSumsMerge};

static int aggStatPairs(Agg *a, const AggIn *in) {
  AggStatSums *st = a->state;
  bool corr = a->tag == AGG_STAT_CORR;
  const double *x, *y;
  int rc = snAggReals(a, in, 0, &x);
  if (!rc) rc = snAggReals(a, in, 1, &y);
  for (u32 k = 0; k < in->rows.n && !rc; k++) {
    u32 row = snKernRow(in->rows, k);
    AggStatSums *s = st + snAggGroup(in, row);
    AggStatExp ex = aggStatOne(x[row]), ey = aggStatOne(y[row]);
    AggStatExp xx = aggStatScale(&ex, x[row]);
    AggStatExp yy = aggStatScale(&ey, y[row]);
    AggStatExp xy = aggStatScale(&ex, y[row]);
    s->n++;
    rc = aggStatAdd(a, &s->big[0], &ex);
    if (!rc) rc = aggStatAdd(a, &s->big[1], &ey);
    if (!rc) rc = aggStatAdd(a, &s->big[2], &xy);
    if (!rc && corr) rc = aggStatAdd(a, &s->big[3], &xx);
    if (!rc && corr) rc = aggStatAdd(a, &s->big[4], &yy);
  }
  return rc;
}

/* The sum of (x - mean of x) * (y - mean of y). */
static int aggStatCross(Budget *b, const AggStatExp *x, const AggStatExp *y,
    const AggStatExp *xy, double n, double *out) {
  double mx = x->v[0] / n, my = y->v[0] / n, dx, dy;
  AggStatExp minus_x = aggStatOne(-mx), minus_y = aggStatOne(-my);
  AggStatExp one = aggStatOne(1), count = aggStatOne(n);
  AggStatExp both = aggStatScale(&minus_x, -my);
  ExactSum t, u, w;
  int rc;
  snSumInit(&t, b);
  snSumInit(&u, b);
  snSumInit(&w, b);
  rc = aggStatTerm(&t, xy, &one, 1);
  if (!rc) rc = aggStatTerm(&t, x, &minus_y, 1);
  if (!rc) rc = aggStatTerm(&t, y, &minus_x, 1);
  if (!rc) rc = aggStatTerm(&t, &both, &count, 1);
  if (!rc) rc = aggStatTerm(&u, x, &one, 1);
  if (!rc) rc = aggStatTerm(&u, &minus_x, &count, 1);
  if (!rc) rc = aggStatTerm(&w, y, &one, 1);
  if (!rc) rc = aggStatTerm(&w, &minus_y, &count, 1);
  dx = snSumGet(&u);
  dy = snSumGet(&w);
  *out = snSumGet(&t) - dx * (dy / n);
  snSumClear(&t);
  snSumClear(&u);
  snSumClear(&w);
  return rc;
}

/* x, y, xx, yy about the mean, and whether there is a result. */
static int aggStatPairGet(Agg *a, const AggStatSums *s, double *out,
    bool *null) {
  AggStatExp e[AGG_STAT_SUMS];
  double n = (double)s->n, xx = 0, yy = 0;
  int rc = SEINE_OK;
  *null = s->n < (a->tag == AGG_STAT_COVAR_POP ? 1 : 2);
  if (*null) return SEINE_OK;
  for (u32 j = 0; j < AGG_STAT_SUMS; j++) {
    rc = aggStatParts(a, s->big[j], 0, 0, &e[j]);
    if (rc) return rc;
    if (isfinite(e[j].v[0])) continue;
    *out = (double)NAN;
    return SEINE_OK;
  }
  rc = aggStatCross(a->budget, &e[0], &e[1], &e[2], n, out);
  if (a->tag == AGG_STAT_COVAR_POP) *out /= n;
  if (a->tag == AGG_STAT_COVAR_SAMP) *out /= n - 1;
  if (rc || a->tag != AGG_STAT_CORR) return rc;
  rc = aggStatCross(a->budget, &e[0], &e[0], &e[3], n, &xx);
  if (!rc) rc = aggStatCross(a->budget, &e[1], &e[1], &e[4], n, &yy);
  *null = !(xx > 0 && yy > 0);
  if (rc || *null) return rc;
  *out = *out / sqrt(xx) / sqrt(yy);
  *out = SN_MIN(SN_MAX(*out, -1.0), 1.0);
  return SEINE_OK;
}

static int aggStatPairFinal(Agg *a, u32 from, u32 n, Arena *arena, Vec *out) {
  (void)arena;
  for (u32 i = 0; i < n; i++) {
    const AggStatSums *s = (AggStatSums *)a->state + from + i;
    double v = 0;
    bool null;
    int rc = aggStatPairGet(a, s, &v, &null);
    if (rc) return rc;
    snAggPutReal(out, i, v);
    if (null) snKernNull(out, i);
  }
  return SEINE_OK;
}

static const AggOps aggStatPairOps = {sizeof(AggStatSums), 3, NULL,
    aggStatPairs, aggStatPairFinal, NULL, aggStatSumsMerge};

/* ---- Order statistics --------------------------------------------------- */

/* All values of a group, as keys. */
typedef struct AggStatAll { i64 *v; u32 n, cap; } AggStatAll;

static int aggStatCollect(Agg *a, const AggIn *in) {
  AggStatAll *st = a->state;
  const double *real = NULL;
  const i64 *key = NULL;
  int rc = a->tag == AGG_STAT_MEDIAN ? SEINE_OK : snAggAsked(a, in, true);
  if (rc) return rc;
  if (a->tag == AGG_STAT_DISC) rc = snAggKeys(a, in, 0, &key);
  else rc = snAggReals(a, in, 0, &real);
  if (!rc && !in->gid) {
    rc = snMemGrow(a->budget, &st->v, &st->cap, (u64)st->n + in->rows.n,
        sizeof *st->v);
  }
  for (u32 k = 0; k < in->rows.n && !rc; k++) {
    u32 row = snKernRow(in->rows, k);
    AggStatAll *s = st + snAggGroup(in, row);
    if (s->n == s->cap) {
      rc = snMemGrow(a->budget, &s->v, &s->cap, (u64)s->n + 1, sizeof *s->v);
      if (rc) break;
    }
    s->v[s->n++] = key ? key[row] : snAggRealKey(real[row]);
  }
  return rc;
}

static int aggStatAllMerge(Agg *a, void *to, const Agg *from,
    const void *s) {
  AggStatAll *t = to;
  const AggStatAll *o = s;
  (void)from;
  int rc = snMemGrow(a->budget, &t->v, &t->cap, (u64)t->n + o->n,
      sizeof *t->v);
  if (rc || !o->n) return rc;
  memcpy(t->v + t->n, o->v, o->n * sizeof *t->v);
  t->n += o->n;
  return SEINE_OK;
}

static void aggStatCollectClear(Agg *a) {
  AggStatAll *s = a->state;
  for (u32 i = 0; i < a->ngroups; i++) snMemFree(s[i].v);
}

/* The key at place k in order, k < n, and the one behind it (the same at the
** end).  Few: they are sorted aside. */
static void aggStatFew(const i64 *v, u32 n, u32 k, i64 out[2]) {
  i64 sorted[64] = {0};
  for (u32 i = 0; i < n; i++) {
    u32 at = i;
    for (; at && sorted[at - 1] > v[i]; at--) sorted[at] = sorted[at - 1];
    sorted[at] = v[i];
  }
  out[0] = sorted[k];
  out[1] = sorted[k + 1 < n ? k + 1 : k];
}

/* Many: 11 bits of the key are settled by each pass that counts. */
static void aggStatMany(const i64 *v, u32 n, u32 k, i64 out[2]) {
  u32 count[2048], left = k, same = n;
  u64 want = 0, known = 0; /* bits of the key, and which are settled */
  i64 next = INT64_MAX, key;
  for (u32 shift = 66; shift && same > 1;) {
    u32 d = 0;
    shift -= 11;
    memset(count, 0, sizeof count);
    for (u32 i = 0; i < n; i++) {
      u64 x = (u64)v[i] ^ 1ull << 63;
      count[x >> shift & 2047] += ((x ^ want) & known) == 0;
    }
    for (; left >= count[d]; d++) left -= count[d];
    same = count[d];
    want |= (u64)d << shift;
    known |= 2047ull << shift;
  }
  /* One value is left, or many equal ones: the rest of its bits. */
  for (u32 i = 0; i < n; i++) {
    u64 x = (u64)v[i] ^ 1ull << 63;
    if (((x ^ want) & known) == 0) {
      want = x;
      break;
    }
  }
  key = (i64)(want ^ 1ull << 63);
  out[0] = out[1] = key;
  if (left + 1 < same || k + 1 >= n) return;
  for (u32 i = 0; i < n; i++) {
    if (v[i] > key && v[i] < next) next = v[i];
  }
  out[1] = next;
}

static void aggStatAt(const AggStatAll *s, u32 k, i64 out[2]) {
  if (s->n <= 64) aggStatFew(s->v, s->n, k, out);
  else aggStatMany(s->v, s->n, k, out);
}

static double aggStatCont(const void *of, double q) {
  const AggStatAll *s = of;
  double at = q * (double)(s->n - 1), whole = floor(at), low, high;
  i64 key[2];
  aggStatAt(s, (u32)whole, key);
  low = snAggKeyReal(key[0]);
  high = snAggKeyReal(key[1]);
  at -= whole;
  if (at == 0 || low == high) return low;
  if (isfinite(high - low)) return low + (high - low) * at;
  return low * (1 - at) + high * at;
}

/* The least rank r with r / n >= q. */
static i64 aggStatDisc(const AggStatAll *s, double q) {
  double n = (double)s->n;
  u32 rank = (u32)SN_MIN(ceil(q * n), n);
  i64 key[2];
  while (rank > 1 && (double)(rank - 1) / n >= q) rank--;
  while (rank < s->n && (double)rank / n < q) rank++;
  aggStatAt(s, rank ? rank - 1 : 0, key);
  return key[0];
}

/* Values that occur, as an array of the type of the values. */
static int aggStatDiscs(Agg *a, Vec *out, u32 i, Arena *arena,
    const AggStatAll *s) {
  Buf *b = &a->text;
  u8 type = out->type & (u8)~TYPE_ARRAY;
  b->n = 0;
  snArrayBegin(b, type, a->nq);
  for (u32 k = 0; k < a->nq; k++) {
    i64 key = aggStatDisc(s, a->q[k]);
    if (type == TYPE_REAL) snArrayReal(b, snAggKeyReal(key));
    else snArrayInt(b, key);
  }
  return b->rc ? b->rc : snAggPutStr(out, i, b->data, (u32)b->n, arena);
}

static int aggStatOrderFinal(Agg *a, u32 from, u32 n, Arena *arena,
    Vec *out) {
  const AggStatAll *s = (AggStatAll *)a->state + from;
  bool list = (out->type & TYPE_ARRAY) != 0;
  int rc = SEINE_OK;
  for (u32 i = 0; i < n && !rc; i++) {
    bool none = !s[i].n;
    if (a->tag == AGG_STAT_MEDIAN)
      snAggPutReal(out, i, none ? 0 : aggStatCont(s + i, 0.5));
    else if (a->tag == AGG_STAT_DISC && !list)
      snAggPutKey(out, i, none ? 0 : aggStatDisc(s + i, *a->q));
    else if (a->tag == AGG_STAT_DISC && !none)
      rc = aggStatDiscs(a, out, i, arena, s + i);
    else if (!none)
      rc = snAggAnswer(a, out, i, arena, s + i, aggStatCont);
    if (none) snKernNull(out, i);
  }
  return rc;
}

static const AggOps aggStatMedianOps = {sizeof(AggStatAll), 1, NULL,
    aggStatCollect, aggStatOrderFinal, aggStatCollectClear,
    aggStatAllMerge};
static const AggOps aggStatOrderOps = {sizeof(AggStatAll), 3, NULL,
    aggStatCollect, aggStatOrderFinal, aggStatCollectClear,
    aggStatAllMerge};

/* ---- mode --------------------------------------------------------------- */

/* A group's pairs are a list through a->next, numbers + 1. */
typedef struct AggStatMode { u32 head; } AggStatMode;

static int aggStatMode(Agg *a, const AggIn *in) {
  AggStatMode *st = a->state;
  for (u32 k = 0; k < in->rows.n; k++) {
    u32 row = snKernRow(in->rows, k), group = snAggGroup(in, row);
    u32 pair = snAggPair(a, group, snAggValue(a, &in->args[0], row));
    u64 need = (u64)pair + 1;
    int rc = snAggSetsRc(a);
    if (!rc) rc = snMemGrow(a->budget, &a->next, &a->next_cap, need, 4);
    if (!rc) rc = snMemGrow(a->budget, &a->hits, &a->hits_cap, need, 8);
    if (rc) return rc;
    if (pair == a->nhits) {
      a->hits[a->nhits] = 0;
      a->next[a->nhits++] = st[group].head;
      st[group].head = pair + 1;
    }
    a->hits[pair]++;
  }
  return SEINE_OK;
}

static u32 aggStatModeValue(const Agg *a, u32 pair) {
  return a->grouped ? (u32)a->pairs.keys[pair] : pair;
}

/* Of values that are as frequent, the smallest: x before y? */
static bool aggStatModeLess(const Agg *a, u32 x, u32 y) {
  if (snTypeForm(a->types[0]) == FORM_STR) {
    const StrRef *l = &a->strs.refs[x], *r = &a->strs.refs[y];
    return snStrCmp(l->p, l->n, r->p, r->n) < 0;
  }
  return (i64)a->nums.keys[x] < (i64)a->nums.keys[y];
}

static int aggStatModeFinal(Agg *a, u32 from, u32 n, Arena *arena, Vec *out) {
  bool text = snTypeForm(a->types[0]) == FORM_STR;
  for (u32 i = 0; i < n; i++) {
    u32 pair = ((AggStatMode *)a->state)[from + i].head, best = 0;
    u64 most = 0;
    int rc = SEINE_OK;
    for (; pair; pair = a->next[pair - 1]) {
      u32 value = aggStatModeValue(a, pair - 1);
      u64 hits = a->hits[pair - 1];
      if (hits < most) continue;
      if (hits == most && !aggStatModeLess(a, value, best)) continue;
      most = hits;
      best = value;
    }
    if (!most) {
      if (!text) snAggPutKey(out, i, 0);
      snKernNull(out, i);
    } else if (text) {
      const StrRef *s = &a->strs.refs[best];
      rc = snAggPutStr(out, i, s->p, s->n, arena);
    } else {
      snAggPutKey(out, i, (i64)a->nums.keys[best]);
    }
    if (rc) return rc;
  }
  return SEINE_OK;
}

static const AggOps aggStatModeOps = {
    sizeof(AggStatMode), 1, NULL, aggStatMode, aggStatModeFinal, NULL, NULL};

/* ---- The part of the table ---------------------------------------------- */

#define AGG_STAT_VAR(tag)  &aggStatVarOps, AGG_STAT_##tag
#define AGG_STAT_MORE(tag) &aggStatShapeOps, AGG_STAT_##tag
#define AGG_STAT_TWO(tag)  &aggStatPairOps, AGG_STAT_##tag
#define AGG_STAT_MID       &aggStatMedianOps, AGG_STAT_MEDIAN
#define AGG_STAT_Q(tag)    &aggStatOrderOps, AGG_STAT_##tag

/* clang-format off */
static const AggFunc aggStatList[] = {
  {"stddev",       "r",  TYPE_REAL, 0, AGG_STAT_VAR(DEV_SAMP)},
  {"stddev_samp",  "r",  TYPE_REAL, 0, AGG_STAT_VAR(DEV_SAMP)},
  {"stddev_pop",   "r",  TYPE_REAL, 0, AGG_STAT_VAR(DEV_POP)},
  {"variance",     "r",  TYPE_REAL, 0, AGG_STAT_VAR(VAR_SAMP)},
  {"var_samp",     "r",  TYPE_REAL, 0, AGG_STAT_VAR(VAR_SAMP)},
  {"var_pop",      "r",  TYPE_REAL, 0, AGG_STAT_VAR(VAR_POP)},
  {"skewness",     "r",  TYPE_REAL, 0, AGG_STAT_MORE(SKEW)},
  {"kurtosis",     "r",  TYPE_REAL, 0, AGG_STAT_MORE(KURT)},
  {"kurtosis_pop", "r",  TYPE_REAL, 0, AGG_STAT_MORE(KURT_POP)},
  {"corr",         "rr", TYPE_REAL, 0, AGG_STAT_TWO(CORR)},
  {"covar_pop",    "rr", TYPE_REAL, 0, AGG_STAT_TWO(COVAR_POP)},
  {"covar_samp",   "rr", TYPE_REAL, 0, AGG_STAT_TWO(COVAR_SAMP)},
  {"median",            "r",  TYPE_REAL, 0, AGG_STAT_MID},
  {"quantile",          "rr", TYPE_REAL, 0, AGG_STAT_Q(CONT)},
  {"quantile",          "ra", TYPE_ARRAY | TYPE_REAL, 0,
      AGG_STAT_Q(CONT)},
  {"quantile_cont",     "rr", TYPE_REAL, 0, AGG_STAT_Q(CONT)},
  {"quantile_cont",     "ra", TYPE_ARRAY | TYPE_REAL, 0,
      AGG_STAT_Q(CONT)},
  {"percentile",        "rr", TYPE_REAL, 0, AGG_STAT_Q(CONT)},
  {"percentile",        "ra", TYPE_ARRAY | TYPE_REAL, 0,
      AGG_STAT_Q(CONT)},
  {"percentile_cont",   "rr", TYPE_REAL, 0, AGG_STAT_Q(CONT)},
  {"percentile_cont",   "ra", TYPE_ARRAY | TYPE_REAL, 0,
      AGG_STAT_Q(CONT)},
  {"quantile_disc",     "ir", FUNC_SAME, 0, AGG_STAT_Q(DISC)},
  {"quantile_disc",     "ia", AGG_ARRAY, 0, AGG_STAT_Q(DISC)},
  {"quantile_disc",     "rr", FUNC_SAME, 0, AGG_STAT_Q(DISC)},
  {"quantile_disc",     "ra", AGG_ARRAY, 0, AGG_STAT_Q(DISC)},
  {"quantile_disc",     "tr", FUNC_SAME, 0, AGG_STAT_Q(DISC)},
  {"quantile_disc",     "ta", AGG_ARRAY, 0, AGG_STAT_Q(DISC)},
  {"quantile_disc",     "dr", FUNC_SAME, 0, AGG_STAT_Q(DISC)},
  {"quantile_disc",     "da", AGG_ARRAY, 0, AGG_STAT_Q(DISC)},
  {"percentile_disc",   "ir", FUNC_SAME, 0, AGG_STAT_Q(DISC)},
  {"percentile_disc",   "ia", AGG_ARRAY, 0, AGG_STAT_Q(DISC)},
  {"percentile_disc",   "rr", FUNC_SAME, 0, AGG_STAT_Q(DISC)},
  {"percentile_disc",   "ra", AGG_ARRAY, 0, AGG_STAT_Q(DISC)},
  {"percentile_disc",   "tr", FUNC_SAME, 0, AGG_STAT_Q(DISC)},
  {"percentile_disc",   "ta", AGG_ARRAY, 0, AGG_STAT_Q(DISC)},
  {"percentile_disc",   "dr", FUNC_SAME, 0, AGG_STAT_Q(DISC)},
  {"percentile_disc",   "da", AGG_ARRAY, 0, AGG_STAT_Q(DISC)},
  {"mode",              "*",  FUNC_SAME, 0, &aggStatModeOps, 0},
};
/* clang-format on */

const AggFunc *snAggStatList(u32 *n) {
  *n = SN_COUNT(aggStatList);
  return aggStatList;
}

#undef AGG_STAT_FINE
#undef AGG_STAT_SUMS
#undef AGG_STAT_VAR
#undef AGG_STAT_MORE
#undef AGG_STAT_TWO
#undef AGG_STAT_MID
#undef AGG_STAT_Q
