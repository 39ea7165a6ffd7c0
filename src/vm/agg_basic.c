/*
** agg_basic: count, sum, total, avg, min, max and their like, over numbers
** as they come: a tight loop for each combination of one group or many, all
** rows or a list of them.
**
** (1) Sums are exact.  INTEGER: in 64 bits, and what does not fit in 128,
**     which no 2^64 rows overflow; both together are the sum.
**     REAL: as a count of units of 2^-80 in 128 bits; a value that is finer,
**     or does not fit, goes to an ExactSum of its group.  Both together are
**     rounded once.  Values for few groups are cut into two parts that
**     doubles add up without a rounding, and counted in units then.
** (2) A maximum is the minimum of the complements, so one loop serves both.
*/
#include "vm/aggInt.h"

typedef enum AggBasicTag {
  AGG_BASIC_SUM, AGG_BASIC_TOTAL, AGG_BASIC_AVG, AGG_BASIC_COUNT,
  AGG_BASIC_MIN, AGG_BASIC_MAX, AGG_BASIC_AND, AGG_BASIC_OR, AGG_BASIC_XOR
} AggBasicTag;

SN_INLINE u32 aggBasicRow(const u16 *rows, u32 k) {
  return rows ? rows[k] : k;
}

/* ---- count -------------------------------------------------------------- */

SN_INLINE void aggBasicCountRows(u64 *count, const u32 *gid, const u16 *rows,
    u32 n) {
  if (!gid) count[0] += n;
  for (u32 k = 0; k < n && gid; k++) count[gid[aggBasicRow(rows, k)]]++;
}

static int aggBasicCount(Agg *a, const AggIn *in) {
  AGG_EACH(aggBasicCountRows, in, (u64 *)a->state);
  return SEINE_OK;
}

static int aggBasicCountFinal(Agg *a, u32 from, u32 n, Arena *arena,
    Vec *out) {
  (void)arena;
  memcpy(out->data, (u64 *)a->state + from, n * sizeof(u64));
  return SEINE_OK;
}

static int aggBasicCountMerge(Agg *a, void *to, const Agg *from,
    const void *s) {
  (void)a;
  (void)from;
  *(u64 *)to += *(const u64 *)s;
  return SEINE_OK;
}

static const AggOps aggBasicCountOps = {sizeof(u64), 0, NULL, aggBasicCount,
    aggBasicCountFinal, NULL, aggBasicCountMerge};
static const AggOps aggBasicCountArgOps = {sizeof(u64), 1, NULL,
    aggBasicCount, aggBasicCountFinal, NULL, aggBasicCountMerge};

/* ---- Sums of integers --------------------------------------------------- */

#ifdef SEINE_TEST
#define AGG_BASIC_ROWS 1000u /* that a group counts in 32 bits */
#else
#define AGG_BASIC_ROWS UINT32_MAX
#endif

typedef struct AggBasicInt {
  i64 sum;
  u32 n, wide; /* number + 1, or 0 */
} AggBasicInt;

/* The sum goes to 128 bits with n values more, and begins anew. */
static int aggBasicIntSpill(Agg *a, AggBasicInt *s, i128 more, u64 n) {
  if (!s->wide) {
    int rc = snMemGrow(a->budget, &a->wide, &a->wide_cap, a->nwide + 1ull,
        sizeof *a->wide);
    if (rc) return rc;
    a->wide[a->nwide] = (AggWide){0};
    s->wide = ++a->nwide;
  }
  AggWide *w = a->wide + s->wide - 1;
  w->sum += s->sum + more;
  w->n += s->n + n;
  s->sum = 0;
  s->n = 0;
  return SEINE_OK;
}

SN_INLINE int aggBasicIntAdd(Agg *a, AggBasicInt *s, i128 more, u64 n) {
  i128 sum = s->sum + more;
  if (sum != (i64)sum || s->n + n > AGG_BASIC_ROWS)
    return aggBasicIntSpill(a, s, more, n);
  s->sum = (i64)sum;
  s->n += (u32)n;
  return SEINE_OK;
}

static AggWide aggBasicIntWhole(const Agg *a, const AggBasicInt *s) {
  AggWide w = s->wide ? a->wide[s->wide - 1] : (AggWide){0};
  w.sum += s->sum;
  w.n += s->n;
  return w;
}

/* Of one group: the halves of the values, moved to where they are not
** negative, cannot overflow within a window. */
SN_INLINE int aggBasicIntAll(Agg *a, const i64 *v, const u16 *rows, u32 n) {
  u64 low = 0, high = 0;
  for (u32 k = 0; k < n; k++) {
    u64 u = (u64)v[aggBasicRow(rows, k)] ^ 1ull << 63;
    low += u & 0xffffffffu;
    high += u >> 32;
  }
  return aggBasicIntAdd(a, a->state,
      ((i128)high << 32) + (i128)low - ((i128)n << 63), n);
}

SN_INLINE void aggBasicIntRows(Agg *a, const i64 *v, int *rc, const u32 *gid,
    const u16 *rows, u32 n) {
  AggBasicInt *st = a->state;
  if (!gid) *rc = aggBasicIntAll(a, v, rows, n);
  for (u32 k = 0; k < n && gid && !*rc; k++) {
    u32 row = aggBasicRow(rows, k);
    AggBasicInt *s = st + gid[row];
    i64 sum;
    if (SN_LIKELY(!__builtin_add_overflow(s->sum, v[row], &sum) &&
            s->n < AGG_BASIC_ROWS)) {
      s->sum = sum;
      s->n++;
    } else {
      *rc = aggBasicIntSpill(a, s, v[row], 1);
    }
  }
}

static int aggBasicInt(Agg *a, const AggIn *in) {
  const i64 *v;
  int rc = snAggInts(a, in, 0, &v);
  if (rc) return rc;
  AGG_EACH(aggBasicIntRows, in, a, v, &rc);
  return rc;
}

static int aggBasicIntFinal(Agg *a, u32 from, u32 n, Arena *arena, Vec *out) {
  const AggBasicInt *s = (AggBasicInt *)a->state + from;
  (void)arena;
  for (u32 i = 0; i < n; i++) {
    AggWide w = aggBasicIntWhole(a, s + i);
    i128 all = w.sum + (i128)a->plus * (i128)w.n;
    bool none = !w.n;
    switch (a->tag) {
      case AGG_BASIC_TOTAL: snAggPutReal(out, i, (double)all); break;
      case AGG_BASIC_AVG:
        snAggPutReal(out, i, none ? 0 : (double)all / (double)w.n);
        if (none) snKernNull(out, i);
        break;
      default:
        if (all > INT64_MAX || all < INT64_MIN) {
          snprintf(a->error, sizeof a->error, "integer overflow in %s()",
              a->f->name);
          return SEINE_ERROR;
        }
        snAggPutInt(out, i, (i64)all);
        if (none && a->tag == AGG_BASIC_SUM) snKernNull(out, i);
        break;
    }
  }
  return SEINE_OK;
}

static int aggBasicIntMerge(Agg *a, void *to, const Agg *from,
    const void *s) {
  AggWide w = aggBasicIntWhole(from, s);
  return aggBasicIntAdd(a, to, w.sum, w.n);
}

static const AggOps aggBasicIntOps = {sizeof(AggBasicInt), 1, NULL,
    aggBasicInt, aggBasicIntFinal, NULL, aggBasicIntMerge};

/* ---- Sums of doubles ---------------------------------------------------- */

typedef struct AggBasicReal {
  i128 sum;
  u64 n;
  u32 big, pad;
} AggBasicReal;

SN_INLINE int aggBasicRealOne(Agg *a, AggBasicReal *s, double x) {
  if (SN_LIKELY(snAggFixAdd(&s->sum, x, AGG_FIX))) return SEINE_OK;
  return snAggBigAdd(a, &s->big, x);
}

SN_INLINE int aggBasicRealBy(Agg *a, const double *v, const u32 *gid,
    const u16 *rows, u32 n) {
  AggBasicReal *st = a->state;
  int rc = SEINE_OK;
  for (u32 k = 0; k < n && !rc; k++) {
    u32 row = aggBasicRow(rows, k);
    AggBasicReal *s = st + (gid ? gid[row] : 0);
    s->n++;
    rc = aggBasicRealOne(a, s, v[row]);
  }
  return rc;
}

/* How values are cut: all are below 2^e, their high parts are multiples of
** 2^(e - 40), what is left of them one of 2^(e - 80).  So 4,096 of either add
** up to less than 2^53 of their units.  To add and take away 1.5 * 2^52 units
** rounds to units. */
typedef struct AggBasicCut {
  i32 e;
  double high, low;        /* 1.5 * 2^52 units */
  double per_high, per_low; /* units of 1 */
  u32 at_high, at_low;     /* a unit is 2^(at + AGG_FIX) */
} AggBasicCut;
typedef struct AggBasicFold { double high, low; u64 n, pad; } AggBasicFold;
#define AGG_BASIC_FEW  256u /* groups, at most; a quarter of them, and */
#define AGG_BASIC_COPIES 4u /* ... each has so many sums */
#define AGG_BASIC_MANY 8u   /* rows for each of them, at least */
#define AGG_BASIC_TOP  34   /* e, at most: the sums are below 2^126 units */
#define AGG_BASIC_STRIP 64u /* rows at once */

/* Sums of a batch.  A group has several, so that additions need not wait for
** each other; all of them are exact, and so is what they come to. */
typedef struct AggBasicSums {
  AggBasicCut cut;
  u32 groups, copies;
  AggBasicFold fold[AGG_BASIC_FEW];
} AggBasicSums;

/* The rows' values in a row, zeros behind them; e: all are below 2^e. */
SN_INLINE const double *aggBasicStrip(const double *v, const u16 *rows,
    u32 n, double *buf, i32 *e) {
  const double *x = rows || n < AGG_BASIC_STRIP ? buf : v;
  Ints4 top = {0};
  i64 most = 0;
  for (u32 k = 0; x == buf && k < n; k++) buf[k] = v[aggBasicRow(rows, k)];
  if (n < AGG_BASIC_STRIP)
    memset(buf + n, 0, (AGG_BASIC_STRIP - n) * sizeof *buf);
  for (u32 k = 0; k < AGG_BASIC_STRIP; k += SN_LANES) {
    Words4 u = *(const Words4 *)(const void *)(x + k) << 1 >> 1;
    Words4 more = (Words4)((Ints4)u > top);
    top = (Ints4)((u & more) | ((Words4)top & ~more));
  }
  for (u32 i = 0; i < SN_LANES; i++) most = SN_MAX(most, top[i]);
  *e = (i32)(most >> 52) - 1022;
  return x;
}

/* false: a value is finer than the units of the low parts. */
SN_INLINE bool aggBasicSplit(const double *v, const AggBasicCut *c,
    double *high, double *low) {
  Ints4 fine = {0};
  for (u32 k = 0; k < AGG_BASIC_STRIP; k += SN_LANES) {
    Reals4 x = *(const Reals4 *)(const void *)(v + k);
    Reals4 h = (x + c->high) - c->high, rest = x - h;
    Reals4 l = (rest + c->low) - c->low;
    fine |= rest != l;
    *(Reals4 *)(void *)(high + k) = h;
    *(Reals4 *)(void *)(low + k) = l;
  }
  return !(fine[0] | fine[1] | fine[2] | fine[3]);
}

static void aggBasicCut(i32 e, AggBasicCut *c) {
  i32 high = SN_MAX(e - 40, AGG_FIX), low = SN_MAX(e - 80, AGG_FIX);
  c->e = e;
  c->high = ldexp(1.5, 52 + high);
  c->low = ldexp(1.5, 52 + low);
  c->per_high = ldexp(1, -high);
  c->per_low = ldexp(1, -low);
  c->at_high = (u32)(high - AGG_FIX);
  c->at_low = (u32)(low - AGG_FIX);
}

static int aggBasicUnfold(Agg *a, AggBasicReal *s, const AggBasicFold *f,
    const AggBasicCut *c) {
  i128 to, high = (i64)(f->high * c->per_high);
  i128 low = (i64)(f->low * c->per_low);
  s->n += f->n;
  high = (i128)((unsigned __int128)high << c->at_high);
  high += (i128)((unsigned __int128)low << c->at_low);
  if (!__builtin_add_overflow(s->sum, high, &to)) {
    s->sum = to;
    return SEINE_OK;
  }
  int rc = snAggBigAdd(a, &s->big, f->high);
  return rc ? rc : snAggBigAdd(a, &s->big, f->low);
}

/* The sums go to the states, and begin anew. */
static int aggBasicFlush(Agg *a, AggBasicSums *s) {
  int rc = SEINE_OK;
  for (u32 g = 0; g < s->groups && !rc; g++) {
    AggBasicFold *f = s->fold + g * s->copies;
    for (u32 i = 1; i < s->copies; i++) {
      f->high += f[i].high;
      f->low += f[i].low;
      f->n += f[i].n;
    }
    if (f->n) rc = aggBasicUnfold(a, (AggBasicReal *)a->state + g, f, &s->cut);
  }
  memset(s->fold, 0, s->groups * s->copies * sizeof *s->fold);
  return rc;
}

SN_INLINE void aggBasicAddAll(AggBasicFold *f, const double *high,
    const double *low, u32 n) {
  Reals4 h = {0}, l = {0};
  for (u32 k = 0; k < AGG_BASIC_STRIP; k += SN_LANES) {
    h += *(const Reals4 *)(const void *)(high + k);
    l += *(const Reals4 *)(const void *)(low + k);
  }
  f->high += h[0] + h[1] + h[2] + h[3];
  f->low += l[0] + l[1] + l[2] + l[3];
  f->n += n;
}

SN_INLINE void aggBasicAddBy(AggBasicFold *fold, u32 copies, const u32 *gid,
    const u16 *rows, u32 n, const double *high, const double *low) {
  for (u32 k = 0; k < n; k++) {
    AggBasicFold *f = fold + gid[aggBasicRow(rows, k)] * copies +
        (k & (copies - 1));
    f->high += high[k];
    f->low += low[k];
    f->n++;
  }
}

/* Few groups: strip by strip, cut as the greatest so far asks for. */
SN_INLINE int aggBasicRealFew(Agg *a, const double *v, const u32 *gid,
    const u16 *rows, u32 n) {
  AggBasicSums s;
  double buf[AGG_BASIC_STRIP], high[AGG_BASIC_STRIP], low[AGG_BASIC_STRIP];
  int rc = SEINE_OK;
  s.groups = gid ? a->ngroups : 1;
  s.copies = s.groups * AGG_BASIC_COPIES > AGG_BASIC_FEW ? 1 : AGG_BASIC_COPIES;
  s.cut = (AggBasicCut){.e = INT32_MIN};
  memset(s.fold, 0, s.groups * s.copies * sizeof *s.fold);
  for (u32 from = 0, m; from < n && !rc; from += m) {
    m = SN_MIN(AGG_BASIC_STRIP, n - from);
    const u16 *at = rows ? rows + from : NULL;
    const u32 *group = gid && !rows ? gid + from : gid;
    i32 e;
    const double *x = aggBasicStrip(rows ? v : v + from, at, m, buf, &e);
    if (e > s.cut.e && e <= AGG_BASIC_TOP) {
      rc = aggBasicFlush(a, &s);
      aggBasicCut(e, &s.cut);
    }
    if (rc) break;
    if (e > AGG_BASIC_TOP || !aggBasicSplit(x, &s.cut, high, low)) {
      rc = aggBasicRealBy(a, rows ? v : v + from, group, at, m);
    } else if (!gid) {
      aggBasicAddAll(s.fold, high, low, m);
    } else if (s.copies == 1) {
      aggBasicAddBy(s.fold, 1, group, at, m, high, low);
    } else {
      aggBasicAddBy(s.fold, AGG_BASIC_COPIES, group, at, m, high, low);
    }
  }
  return rc ? rc : aggBasicFlush(a, &s);
}

SN_INLINE void aggBasicRealRows(Agg *a, const double *v, int *rc,
    const u32 *gid, const u16 *rows, u32 n) {
  u32 groups = gid ? a->ngroups : 1;
  *rc = groups <= AGG_BASIC_FEW && n >= groups * AGG_BASIC_MANY
      ? aggBasicRealFew(a, v, gid, rows, n)
      : aggBasicRealBy(a, v, gid, rows, n);
}

SN_INLINE int aggBasicRealEach(Agg *a, const AggIn *in, const double *v) {
  int rc = SEINE_OK;
  AGG_EACH(aggBasicRealRows, in, a, v, &rc);
  return rc;
}
SN_WIDE static int aggBasicRealWide(Agg *a, const AggIn *in,
    const double *v) {
  return aggBasicRealEach(a, in, v);
}

static int aggBasicReal(Agg *a, const AggIn *in) {
  const double *v;
  int rc = snAggReals(a, in, 0, &v);
  if (rc) return rc;
  return SN_HAS_WIDE() ? aggBasicRealWide(a, in, v)
                       : aggBasicRealEach(a, in, v);
}

static int aggBasicRealFinal(Agg *a, u32 from, u32 n, Arena *arena,
    Vec *out) {
  const AggBasicReal *s = (AggBasicReal *)a->state + from;
  (void)arena;
  for (u32 i = 0; i < n; i++) {
    double v = 0;
    int rc = snAggFixGet(a, s[i].sum, s[i].big, &v);
    if (rc) return rc;
    if (a->tag == AGG_BASIC_AVG && s[i].n) v /= (double)s[i].n;
    snAggPutReal(out, i, v);
    if (!s[i].n && a->tag != AGG_BASIC_TOTAL) snKernNull(out, i);
  }
  return SEINE_OK;
}

static int aggBasicRealMerge(Agg *a, void *to, const Agg *from,
    const void *s) {
  AggBasicReal *t = to;
  const AggBasicReal *o = s;
  t->n += o->n;
  int rc = snAggFixMerge(a, &t->sum, o->sum, AGG_FIX, &t->big);
  return rc ? rc : snAggBigMerge(a, &t->big, from, o->big);
}

static const AggOps aggBasicRealOps = {sizeof(AggBasicReal), 1, NULL,
    aggBasicReal, aggBasicRealFinal, NULL, aggBasicRealMerge};

#undef AGG_BASIC_FEW
#undef AGG_BASIC_COPIES
#undef AGG_BASIC_MANY
#undef AGG_BASIC_TOP
#undef AGG_BASIC_STRIP

/* ---- min and max -------------------------------------------------------- */

/* Of numbers: the smallest key, complemented for max. */
typedef struct AggBasicLeast { i64 key; u64 seen; } AggBasicLeast;

SN_INLINE i64 aggBasicKey(const void *v, bool real, i64 flip, u32 row) {
  if (real) return snAggRealKey(((const double *)v)[row]) ^ flip;
  return ((const i64 *)v)[row] ^ flip;
}

SN_INLINE void aggBasicLeastRows(AggBasicLeast *st, const void *v, bool real,
    i64 flip, const u32 *gid, const u16 *rows, u32 n) {
  i64 least = st->key;
  for (u32 k = 0; k < n && !gid; k++) {
    i64 key = aggBasicKey(v, real, flip, aggBasicRow(rows, k));
    least = key < least ? key : least;
  }
  if (!gid) *st = (AggBasicLeast){least, 1};
  for (u32 k = 0; k < n && gid; k++) {
    u32 row = aggBasicRow(rows, k);
    AggBasicLeast *s = st + gid[row];
    i64 key = aggBasicKey(v, real, flip, row);
    s->key = key < s->key ? key : s->key;
    s->seen = 1;
  }
}

static i64 aggBasicSpan(const u8 *p) {
  Interval w;
  memcpy(&w, p, sizeof w);
  i128 us = (i128)w.months * 30 * 86400 * 1000000 + w.us;
  if (us > INT64_MAX) return INT64_MAX;
  return us < INT64_MIN ? INT64_MIN : (i64)us;
}

/* Strings by their bytes, intervals by their length with months of 30 days
** (and by their bytes when that is equal). */
static int aggBasicCmp(u8 type, Str x, const AggBytes *y) {
  if (type == TYPE_INTERVAL && x.n == sizeof(Interval) && y->n == x.n) {
    i64 l = aggBasicSpan(x.p), r = aggBasicSpan(y->p);
    if (l != r) return l < r ? -1 : 1;
  }
  return snStrCmp(x.p, x.n, y->p, y->n);
}

static int aggBasicLeastOne(Agg *a, AggBytes *s, Str x) {
  int cmp = s->p ? aggBasicCmp(a->types[0], x, s) : 0;
  if (s->p && (a->tag == AGG_BASIC_MAX ? cmp <= 0 : cmp >= 0))
    return SEINE_OK;
  return snAggBytesSet(a, s, x.p, x.n);
}

static int aggBasicLeastStr(Agg *a, const AggIn *in) {
  AggBytes *st = a->state;
  int rc = SEINE_OK;
  for (u32 k = 0; k < in->rows.n && !rc; k++) {
    u32 row = snKernRow(in->rows, k);
    rc = aggBasicLeastOne(a, st + snAggGroup(in, row),
        snKernStr(in->args, row));
  }
  return rc;
}

static int aggBasicLeast(Agg *a, const AggIn *in) {
  AggBasicLeast *st = a->state;
  const Vec *v = &in->args[0];
  i64 flip = a->tag == AGG_BASIC_MAX ? -1 : 0;
  const i64 *ints;
  const double *reals;
  int rc;
  if (snTypeForm(a->types[0]) == FORM_STR) return aggBasicLeastStr(a, in);
  if (v->type == TYPE_REAL) {
    rc = snAggReals(a, in, 0, &reals);
    if (rc) return rc;
    AGG_EACH(aggBasicLeastRows, in, st, reals, true, flip);
    return SEINE_OK;
  }
  rc = snAggInts(a, in, 0, &ints);
  if (rc) return rc;
  AGG_EACH(aggBasicLeastRows, in, st, ints, false, flip);
  return SEINE_OK;
}

static void aggBasicLeastInit(Agg *a, u32 from, u32 n) {
  AggBasicLeast *s = (AggBasicLeast *)a->state + from;
  if (snTypeForm(a->types[0]) == FORM_STR) return;
  for (u32 i = 0; i < n; i++) s[i].key = INT64_MAX;
}

static int aggBasicLeastFinal(Agg *a, u32 from, u32 n, Arena *arena,
    Vec *out) {
  bool text = snTypeForm(a->types[0]) == FORM_STR;
  i64 flip = a->tag == AGG_BASIC_MAX ? -1 : 0;
  for (u32 i = 0; i < n; i++) {
    const AggBasicLeast *s = (AggBasicLeast *)a->state + from + i;
    const AggBytes *b = (AggBytes *)a->state + from + i;
    int rc = SEINE_OK;
    if (!text) snAggPutKey(out, i, s->key ^ flip);
    else rc = snAggPutStr(out, i, b->p, b->n, arena);
    if (rc) return rc;
    if (text ? !b->p : !s->seen) snKernNull(out, i);
  }
  return SEINE_OK;
}

static void aggBasicLeastClear(Agg *a) {
  AggBytes *s = a->state;
  if (snTypeForm(a->types[0]) != FORM_STR) return;
  for (u32 i = 0; i < a->ngroups; i++) snMemFree(s[i].p);
}

static int aggBasicLeastMerge(Agg *a, void *to, const Agg *from,
    const void *s) {
  AggBasicLeast *t = to;
  const AggBasicLeast *o = s;
  (void)from;
  if (snTypeForm(a->types[0]) == FORM_STR) {
    const AggBytes *b = s;
    return b->p ? aggBasicLeastOne(a, to, (Str){b->p, b->n, 0}) : SEINE_OK;
  }
  t->key = SN_MIN(t->key, o->key);
  t->seen |= o->seen;
  return SEINE_OK;
}

static const AggOps aggBasicLeastOps = {sizeof(AggBasicLeast), 1,
    aggBasicLeastInit, aggBasicLeast, aggBasicLeastFinal, aggBasicLeastClear,
    aggBasicLeastMerge};

/* ---- Bits --------------------------------------------------------------- */

typedef struct AggBasicBits { i64 v; u64 seen; } AggBasicBits;

static void aggBasicBitsInit(Agg *a, u32 from, u32 n) {
  AggBasicBits *s = (AggBasicBits *)a->state + from;
  for (u32 i = 0; i < n; i++) s[i].v = a->tag == AGG_BASIC_AND ? -1 : 0;
}

static void aggBasicBitsOne(const Agg *a, AggBasicBits *s, i64 v) {
  switch (a->tag) {
    case AGG_BASIC_AND: s->v &= v; break;
    case AGG_BASIC_OR: s->v |= v; break;
    default: s->v ^= v; break;
  }
}

static int aggBasicBits(Agg *a, const AggIn *in) {
  AggBasicBits *st = a->state;
  const i64 *v;
  int rc = snAggInts(a, in, 0, &v);
  for (u32 k = 0; k < in->rows.n && !rc; k++) {
    u32 row = snKernRow(in->rows, k);
    AggBasicBits *s = st + snAggGroup(in, row);
    aggBasicBitsOne(a, s, v[row]);
    s->seen = 1;
  }
  return rc;
}

static int aggBasicBitsFinal(Agg *a, u32 from, u32 n, Arena *arena,
    Vec *out) {
  const AggBasicBits *s = (AggBasicBits *)a->state + from;
  (void)arena;
  for (u32 i = 0; i < n; i++) {
    snAggPutInt(out, i, s[i].v);
    if (!s[i].seen) snKernNull(out, i);
  }
  return SEINE_OK;
}

static int aggBasicBitsMerge(Agg *a, void *to, const Agg *from,
    const void *s) {
  const AggBasicBits *o = s;
  (void)from;
  aggBasicBitsOne(a, to, o->v);
  ((AggBasicBits *)to)->seen |= o->seen;
  return SEINE_OK;
}

static const AggOps aggBasicBitsOps = {sizeof(AggBasicBits), 1,
    aggBasicBitsInit, aggBasicBits, aggBasicBitsFinal, NULL,
    aggBasicBitsMerge};

/* ---- product ------------------------------------------------------------ */

typedef struct AggBasicTimes { double v; u64 seen; } AggBasicTimes;

static int aggBasicTimes(Agg *a, const AggIn *in) {
  AggBasicTimes *st = a->state;
  const double *v;
  int rc = snAggReals(a, in, 0, &v);
  for (u32 k = 0; k < in->rows.n && !rc; k++) {
    u32 row = snKernRow(in->rows, k);
    AggBasicTimes *s = st + snAggGroup(in, row);
    s->v = s->seen ? s->v * v[row] : v[row];
    s->seen = 1;
  }
  return rc;
}

static int aggBasicTimesFinal(Agg *a, u32 from, u32 n, Arena *arena,
    Vec *out) {
  const AggBasicTimes *s = (AggBasicTimes *)a->state + from;
  (void)arena;
  for (u32 i = 0; i < n; i++) {
    snAggPutReal(out, i, s[i].v);
    if (!s[i].seen) snKernNull(out, i);
  }
  return SEINE_OK;
}

static const AggOps aggBasicTimesOps = {sizeof(AggBasicTimes), 1, NULL,
    aggBasicTimes, aggBasicTimesFinal, NULL, NULL};

bool snAggIsCount(const AggFunc *f) {
  return f->ops == &aggBasicCountArgOps;
}

bool snAggIsExtreme(const AggFunc *f, bool *most) {
  *most = f->tag == AGG_BASIC_MAX;
  return f->ops == &aggBasicLeastOps;
}

bool snAggIsSum(const AggFunc *f) {
  return f->ops == &aggBasicIntOps && (f->tag & 0xff) != AGG_BASIC_COUNT;
}

bool snAggIsShared(const AggFunc *f, const AggFunc *g) {
  return f->ops == g->ops && !(f->tag >> 8) && !(g->tag >> 8) &&
      (f->ops == &aggBasicIntOps || f->ops == &aggBasicRealOps);
}

/* ---- The part of the table ---------------------------------------------- */

#define AGG_BASIC_OPS(name) &aggBasic##name##Ops

/* clang-format off */
static const AggFunc aggBasicList[] = {
  {"count",    "",  TYPE_INTEGER, 0, AGG_BASIC_OPS(Count),    0},
  {"count",    "*", TYPE_INTEGER, 0, AGG_BASIC_OPS(CountArg), 0},
  {"sum",      "i", TYPE_INTEGER, 0, AGG_BASIC_OPS(Int),   AGG_BASIC_SUM},
  {"sum",      "r", TYPE_REAL,    0, AGG_BASIC_OPS(Real),  AGG_BASIC_SUM},
  {"sum",      "b", TYPE_INTEGER, 0, AGG_BASIC_OPS(Int),   AGG_BASIC_SUM},
  {"total",    "i", TYPE_REAL,    0, AGG_BASIC_OPS(Int),   AGG_BASIC_TOTAL},
  {"total",    "r", TYPE_REAL,    0, AGG_BASIC_OPS(Real),  AGG_BASIC_TOTAL},
  {"avg",      "i", TYPE_REAL,    0, AGG_BASIC_OPS(Int),   AGG_BASIC_AVG},
  {"avg",      "r", TYPE_REAL,    0, AGG_BASIC_OPS(Real),  AGG_BASIC_AVG},
  {"mean",     "i", TYPE_REAL,    0, AGG_BASIC_OPS(Int),   AGG_BASIC_AVG},
  {"mean",     "r", TYPE_REAL,    0, AGG_BASIC_OPS(Real),  AGG_BASIC_AVG},
  {"count_if", "b", TYPE_INTEGER, 0, AGG_BASIC_OPS(Int),   AGG_BASIC_COUNT},
  {"countif",  "b", TYPE_INTEGER, 0, AGG_BASIC_OPS(Int),   AGG_BASIC_COUNT},
  {"min",      "*", FUNC_SAME,    0, AGG_BASIC_OPS(Least), AGG_BASIC_MIN},
  {"max",      "*", FUNC_SAME,    0, AGG_BASIC_OPS(Least), AGG_BASIC_MAX},
  {"bool_and", "b", TYPE_BOOLEAN, 0, AGG_BASIC_OPS(Least), AGG_BASIC_MIN},
  {"every",    "b", TYPE_BOOLEAN, 0, AGG_BASIC_OPS(Least), AGG_BASIC_MIN},
  {"bool_or",  "b", TYPE_BOOLEAN, 0, AGG_BASIC_OPS(Least), AGG_BASIC_MAX},
  {"some",     "b", TYPE_BOOLEAN, 0, AGG_BASIC_OPS(Least), AGG_BASIC_MAX},
  {"bit_and",  "i", TYPE_INTEGER, 0, AGG_BASIC_OPS(Bits),  AGG_BASIC_AND},
  {"bit_or",   "i", TYPE_INTEGER, 0, AGG_BASIC_OPS(Bits),  AGG_BASIC_OR},
  {"bit_xor",  "i", TYPE_INTEGER, 0, AGG_BASIC_OPS(Bits),  AGG_BASIC_XOR},
  {"product",  "r", TYPE_REAL,    AGG_ORDERED, AGG_BASIC_OPS(Times), 0},
};
/* clang-format on */

const AggFunc *snAggBasicList(u32 *n) {
  *n = SN_COUNT(aggBasicList);
  return aggBasicList;
}

#undef AGG_BASIC_OPS
#undef AGG_BASIC_ROWS
