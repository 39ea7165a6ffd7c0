/*
** aggInt: what the files of aggregates share.  Private to vm.
**
** (1) A group's state is ops->size bytes, and all zero bits, or what
**     ops->init makes of it, is the state of a group without rows.  States
**     lie in one array by group and move when it grows.
** (2) Before an update the rows are dropped in which an argument of
**     ops->skip is NULL, and with DISTINCT those whose value the group has
**     had.  So an update sees neither.
** (3) ops->merge takes a group's state of an Agg that another thread made,
**     and leaves it as it is.
** (4) Every agg_*.c gives its part of the table of aggregates; agg.c joins
**     them.
*/
#ifndef SN_VM_AGGINT_H
#define SN_VM_AGGINT_H
#include "vm/kern.h"

#define AGG_ARGS     3u
#define AGG_DISTINCT 0x100 /* in a tag: DISTINCT is always meant */
#define AGG_FIX      (-80) /* usual unit of fixed sums: 2^-80 */

/* One call's work. */
typedef struct AggIn {
  const u32 *gid; /* by row, or NULL: group 0 */
  const Vec *args;
  Rows16 rows;
  char *error;
} AggIn;

struct AggOps {
  u32 size;       /* of a state */
  u32 skip;       /* bit j: rows with NULL in argument j do not come */
  void (*init)(Agg *a, u32 from, u32 n); /* NULL: zeros */
  int (*update)(Agg *a, const AggIn *in);
  int (*final)(Agg *a, u32 from, u32 n, Arena *arena, Vec *out);
  void (*clear)(Agg *a); /* frees what states own; NULL: nothing */
  /* Adds the state s of another Agg of the same function and types to `to`,
  ** as if its rows had come here.  NULL: the order of rows matters. */
  int (*merge)(Agg *a, void *to, const Agg *from, const void *s);
};

typedef struct AggOrder AggOrder; /* private to agg_order.c */

typedef struct AggWide { i128 sum; u64 n, pad; } AggWide;

struct Agg {
  Budget *budget;
  const AggFunc *f;
  const AggOps *ops;
  u8 types[AGG_ARGS];
  u32 nargs;
  i32 tag;          /* f->tag without flags */
  i64 plus;         /* of a final: for each value of a sum */
  bool distinct;
  void *state;      /* by group */
  u32 ngroups, cap;
  i64 *scratch[AGG_ARGS]; /* of a window; made on demand */
  Buf text;         /* one value at a time */
  char error[96];   /* why a final failed */
  /* Exact sums of groups that need one; states hold number + 1. */
  ExactSum *big;
  u32 nbig, big_cap;
  AggWide *wide;    /* sums of integers that 64 bits do not hold, likewise */
  u32 nwide, wide_cap;
  /* (group, value) pairs of DISTINCT and of mode: values by number, and pairs
  ** by number.  While there is one group a pair is its value. */
  IntSet nums;
  StrSet strs;
  IntSet pairs;
  bool grouped;
  bool numbered;    /* arguments are the numbers of values, from 1 on */
  u32 npairs;       /* that DISTINCT has seen */
  u32 *last;        /* by value: the group where it came last, + 1; or 0 */
  u32 last_cap;
  u32 *next;        /* of mode: by pair */
  u64 *hits;
  u32 nhits, next_cap, hits_cap;
  AggOrder *order;  /* or NULL: rows come as they are */
  double *q;        /* what is asked of the values: shares, or values; the */
  u32 nq;           /* same for all rows */
  bool has_q;
};

static inline u32 snAggGroup(const AggIn *in, u32 row) {
  return in->gid ? in->gid[row] : 0;
}

/* Calls fn(..., gid, rows, n) so that a compiler that puts fn in place sees
** which of them are NULL: one tight loop for each case. */
#define AGG_EACH(fn, in, ...) \
  do { \
    const u32 n_ = (in)->rows.n; \
    if (!(in)->gid && !(in)->rows.rows) fn(__VA_ARGS__, NULL, NULL, n_); \
    else if (!(in)->gid) fn(__VA_ARGS__, NULL, (in)->rows.rows, n_); \
    else if (!(in)->rows.rows) fn(__VA_ARGS__, (in)->gid, NULL, n_); \
    else fn(__VA_ARGS__, (in)->gid, (in)->rows.rows, n_); \
  } while (0)

/* ---- From agg.c --------------------------------------------------------- */

/* The rows' values of argument j, by row: 0 and 1 of a BOOLEAN; as doubles;
** or as integers in the order of the values (see snAggRealKey).  Constants
** are written out.  Good until argument j is loaded again. */
SN_FUNC int snAggInts(Agg *a, const AggIn *in, u32 j, const i64 **out);
SN_FUNC int snAggReals(Agg *a, const AggIn *in, u32 j, const double **out);
SN_FUNC int snAggKeys(Agg *a, const AggIn *in, u32 j, const i64 **out);

/* Doubles as integers of the same order: -0 before 0, every NaN is the
** largest.  snAggKeyReal() goes back. */
static inline i64 snAggRealKey(double v) {
  i64 bits;
  if (v != v) return INT64_MAX;
  memcpy(&bits, &v, 8);
  return bits ^ (i64)((u64)(bits >> 63) >> 1);
}
static inline double snAggKeyReal(i64 key) {
  double v;
  if (key == INT64_MAX) return (double)NAN;
  key ^= (i64)((u64)(key >> 63) >> 1);
  memcpy(&v, &key, 8);
  return v;
}
/* A number of any type (REAL by its key) to a result. */
SN_FUNC void snAggPutKey(Vec *out, u32 i, i64 key);
SN_FUNC void snAggPutInt(Vec *out, u32 i, i64 v);   /* FORM_INT */
static inline void snAggPutReal(Vec *out, u32 i, double v) {
  ((double *)out->data)[i] = v;
}
SN_FUNC int snAggPutStr(Vec *out, u32 i, const void *p, u32 n, Arena *arena);

/* From agg_sketch.c: reads argument 1, a number or an array of them, the same
** in every row, into a->q; share: from 0 to 1. */
SN_FUNC int snAggAsked(Agg *a, const AggIn *in, bool share);
SN_FUNC int snAggAskedMerge(Agg *a, const Agg *from, char *error);
/* Result i from one number for each that was asked for, of group g: as it is,
** or an array of them. */
SN_FUNC int snAggAnswer(Agg *a, Vec *out, u32 i, Arena *arena, const void *g,
    double (*at)(const void *g, double q));

/* Bytes that a state owns: p is NULL before the first Set or Add. */
typedef struct AggBytes { u8 *p; u32 n, cap; } AggBytes;
SN_FUNC void snAggTooBig(const Agg *a, char *error); /* 256 bytes */
SN_FUNC int snAggBytesSet(Agg *a, AggBytes *b, const void *p, u32 n);
SN_FUNC int snAggBytesAdd(Agg *a, AggBytes *b, const void *p, size_t n);

/* The number of the value of row `row` of v, not NULL, in a->nums or, for
** FORM_STR, a->strs; and of its pair with a group.  rc in the sets. */
SN_FUNC u32 snAggValue(Agg *a, const Vec *v, u32 row);
SN_FUNC u32 snAggPair(Agg *a, u32 group, u32 value);
SN_FUNC int snAggSetsRc(const Agg *a);

/* Rows to the aggregate itself, past its order. */
SN_FUNC int snAggFeed(Agg *a, const u32 *gid, u32 ngroups, const Vec *args,
    Rows16 rows, char *error);

/* ---- From agg_order.c --------------------------------------------------- */

SN_FUNC int snAggOrderAdd(Agg *a, const u32 *gid, u32 ngroups,
    const Vec *args, Rows16 rows);
SN_FUNC int snAggOrderRun(Agg *a); /* feeds the rows, once */
SN_FUNC void snAggOrderClose(Agg *a);

/* ---- Exact sums in states ----------------------------------------------- */

/* Adds v to *sum, which counts units of 2^unit; false when v or the sum does
** not fit: then it belongs to the exact sum of the group. */
SN_INLINE bool snAggFixAdd(i128 *sum, double v, i32 unit) {
  unsigned __int128 x;
  i128 to;
  u64 bits, m;
  i64 sign;
  u32 shift;
  memcpy(&bits, &v, 8);
  shift = (u32)(bits >> 52 & 0x7ff) - (u32)(1075 + unit);
  if (SN_UNLIKELY(shift > 73)) return false;
  m = (bits & ((1ull << 52) - 1)) | 1ull << 52;
  sign = (i64)bits >> 63;
  x = (unsigned __int128)m << shift;
  x = (x ^ (unsigned __int128)(i128)sign) - (unsigned __int128)(i128)sign;
  if (SN_UNLIKELY(__builtin_add_overflow(*sum, (i128)x, &to))) return false;
  *sum = to;
  return true;
}
/* Adds v to the exact sum *big, a number in a->big + 1; 0 makes a new one. */
SN_FUNC int snAggBigAdd(Agg *a, u32 *big, double v);
/* The same with an exact sum of another Agg, or 0; and with a sum in units,
** which goes to *sum if it fits. */
SN_FUNC int snAggBigMerge(Agg *a, u32 *big, const Agg *from, u32 other);
SN_FUNC int snAggFixMerge(Agg *a, i128 *sum, i128 v, i32 unit, u32 *big);
/* Adds sum * 2^unit to s. */
SN_FUNC int snAggFixTo(ExactSum *s, i128 sum, i32 unit);
/* The sum of both, rounded once. */
SN_FUNC int snAggFixGet(Agg *a, i128 sum, u32 big, double *out);

/* ---- The parts of the table --------------------------------------------- */

SN_FUNC bool snAggIsCount(const AggFunc *f);
SN_FUNC const AggFunc *snAggBasicList(u32 *n);
SN_FUNC const AggFunc *snAggStatList(u32 *n);
SN_FUNC const AggFunc *snAggSketchList(u32 *n);
SN_FUNC const AggFunc *snAggListList(u32 *n);
SN_FUNC const AggFunc *snAggJsonList(u32 *n);
SN_FUNC const AggFunc *snAggGeoList(u32 *n);

#endif
