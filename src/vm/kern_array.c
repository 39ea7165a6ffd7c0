/*
** kern_array: functions that make one array of others: in order, without
** repetitions, with and without elements.
**
** (1) Elements are compared as ORDER BY compares values of their type; NULLs
**     are equal to each other here.
** (2) Two arrays of one call have one type of elements: the compiler casts
**     what is added to the type of the array, as text where it must.
*/
#include "vm/kern.h"

/* The elements of an array. */
typedef struct KernArray {
  ArrayItem *v;
  u32 n;
  u8 type;
} KernArray;

static int kernArrayRead(FuncCtx *c, Str s, KernArray *a) {
  ArrayIter it;
  snArrayOpen(&it, s.p, s.n);
  a->n = 0;
  a->type = it.type;
  a->v = snArenaAlloc(c->arena, (it.left + 1ull) * sizeof *a->v);
  if (!a->v) return SN_NOMEM;
  while (!snKernStop(c, 4) && snArrayNext(&it, &a->v[a->n])) a->n++;
  return SEINE_OK;
}

static int kernArrayCompare(u8 type, const ArrayItem *x, const ArrayItem *y) {
  if (x->null || y->null) return (int)y->null - (int)x->null;
  switch (snTypeForm(type)) {
    case FORM_INT: return (x->i > y->i) - (x->i < y->i);
    case FORM_REAL:
      if (isnan(x->d) || isnan(y->d)) return isnan(x->d) - isnan(y->d);
      return (x->d > y->d) - (x->d < y->d);
    default: return snStrCmp(x->p, x->n, y->p, y->n);
  }
}

static void kernArrayItem(Buf *b, u8 type, const ArrayItem *x) {
  if (x->null) {
    snArrayNull(b);
    return;
  }
  switch (snTypeForm(type)) {
    case FORM_INT: snArrayInt(b, x->i); break;
    case FORM_REAL: snArrayReal(b, x->d); break;
    case FORM_STR: snArrayStr(b, x->p, x->n); break;
  }
}

static int kernArrayGive(FuncCtx *c, Vec *out, u32 i, const KernArray *a) {
  Buf *b = snKernScratch(c);
  snArrayBegin(b, a->type, a->n);
  for (u32 k = 0; k < a->n && !snKernStop(c, 4); k++)
    kernArrayItem(b, a->type, a->v + k);
  return snKernTake(c, out, i);
}

/* Merges runs upwards: stable.  desc turns the order around. */
static int kernArraySort(FuncCtx *c, KernArray *a, bool desc) {
  ArrayItem *from = a->v, *to = snArenaAlloc(c->arena,
      (a->n + 1ull) * sizeof *to), *swap;
  if (!to) return SN_NOMEM;
  for (u32 run = 1; run < a->n && !c->rc; run *= 2) {
    for (u32 at = 0; at < a->n; at += 2 * run) {
      u32 mid = SN_MIN(at + run, a->n), end = SN_MIN(mid + run, a->n);
      u32 x = at, y = mid;
      for (u32 k = at; k < end && !snKernStop(c, 4); k++) {
        bool left = y >= end;
        if (x < mid && y < end) {
          int cmp = kernArrayCompare(a->type, from + x, from + y);
          left = desc ? cmp >= 0 : cmp <= 0;
        }
        to[k] = from[left ? x++ : y++];
      }
    }
    swap = from;
    from = to;
    to = swap;
  }
  a->v = from;
  return SEINE_OK;
}

/* An item that a value of type t is; false: of another type. */
static bool kernArrayValue(const Vec *v, u32 i, u8 type, ArrayItem *x) {
  KernVal val;
  *x = (ArrayItem){.null = snKernIsNull(v, i)};
  if (x->null) return true;
  snKernGet(v, i, &val);
  x->i = val.i;
  x->d = val.d;
  x->p = val.s.p;
  x->n = val.s.n;
  if (type == TYPE_REAL && v->type == TYPE_INTEGER) x->d = (double)val.i;
  else if (type == TYPE_INTEGER && v->type == TYPE_REAL) {
    x->i = (i64)(val.d >= -0x1p63 && val.d < 0x1p63 ? val.d : 0);
    return (double)x->i == val.d;
  } else if (snTypeIsString(type)) return snTypeIsString(v->type);
  else return type == v->type;
  return true;
}

/* The elements of a that are in b (or are not); b by search in its order. */
static bool kernArrayHas(const KernArray *sorted, const ArrayItem *x) {
  u32 lo = 0, hi = sorted->n;
  while (lo < hi) {
    u32 mid = (lo + hi) / 2;
    int cmp = kernArrayCompare(sorted->type, sorted->v + mid, x);
    if (!cmp) return true;
    if (cmp < 0) lo = mid + 1;
    else hi = mid;
  }
  return false;
}

/* ---- One array ---------------------------------------------------------- */

static int kernArraySorted(FuncCtx *c, const Vec *args, Rows16 rows, Vec *out,
    const Vec *asc) {
  int rc = SEINE_OK;
  for (u32 k = 0; k < rows.n && !rc; k++) {
    u32 i = snKernRow(rows, k);
    KernArray a;
    rc = kernArrayRead(c, snKernStr(&args[0], i), &a);
    if (!rc) rc = kernArraySort(c, &a, asc && !snKernBool(asc, i));
    if (!rc) rc = kernArrayGive(c, out, i, &a);
  }
  return rc;
}
static int kernArraySortArray(KERN_ARGS) {
  return kernArraySorted(c, args, rows, out, n > 1 ? &args[1] : NULL);
}

/* Keeps the first of equal elements. */
static int kernArrayUnique(FuncCtx *c, KernArray *a) {
  KernArray sorted = *a, seen = {.type = a->type};
  u32 n = 0;
  u64 *had;
  sorted.v = snArenaAlloc(c->arena, (a->n + 1ull) * sizeof *sorted.v);
  had = snArenaZero(c->arena, (a->n / 64 + 1ull) * sizeof *had);
  if (!sorted.v || !had) return SN_NOMEM;
  memcpy(sorted.v, a->v, a->n * sizeof *a->v);
  int rc = kernArraySort(c, &sorted, false);
  if (rc) return rc;
  for (u32 k = 0; k < sorted.n && !snKernStop(c, 4); k++)
    if (!k || kernArrayCompare(a->type, sorted.v + k - 1, sorted.v + k))
      sorted.v[seen.n++] = sorted.v[k];
  seen.v = sorted.v;
  for (u32 k = 0; k < a->n && !snKernStop(c, 32); k++) {
    u32 lo = 0, hi = seen.n;
    while (hi - lo > 1) {
      u32 mid = (lo + hi) / 2;
      if (kernArrayCompare(a->type, seen.v + mid, a->v + k) <= 0) lo = mid;
      else hi = mid;
    }
    if (snBit(had, lo)) continue;
    snBitSet(had, lo);
    a->v[n++] = a->v[k];
  }
  a->n = n;
  return SEINE_OK;
}

static int kernArrayDistinct(KERN_ARGS) {
  int rc = SEINE_OK;
  for (u32 k = 0; k < rows.n && !rc; k++) {
    u32 i = snKernRow(rows, k);
    KernArray a;
    rc = kernArrayRead(c, snKernStr(&args[0], i), &a);
    if (!rc) rc = kernArrayUnique(c, &a);
    if (!rc) rc = kernArrayGive(c, out, i, &a);
  }
  return rc;
}

static int kernArrayReverse(KERN_ARGS) {
  int rc = SEINE_OK;
  for (u32 k = 0; k < rows.n && !rc; k++) {
    u32 i = snKernRow(rows, k);
    KernArray a;
    rc = kernArrayRead(c, snKernStr(&args[0], i), &a);
    for (u32 x = 0; !rc && x < a.n / 2; x++) {
      ArrayItem swap = a.v[x];
      a.v[x] = a.v[a.n - 1 - x];
      a.v[a.n - 1 - x] = swap;
    }
    if (!rc) rc = kernArrayGive(c, out, i, &a);
  }
  return rc;
}

/* slice(a, start, length): from 1, or from the end when negative. */
static int kernArraySlice(KERN_ARGS) {
  int rc = SEINE_OK;
  for (u32 k = 0; k < rows.n && !rc; k++) {
    u32 i = snKernRow(rows, k);
    i64 from = snKernInt(&args[1], i), len = snKernInt(&args[2], i);
    KernArray a;
    rc = kernArrayRead(c, snKernStr(&args[0], i), &a);
    if (rc) break;
    if (from < 0) from += (i64)a.n + 1;
    if (from < 1 || from > (i64)a.n || len < 0) len = 0;
    else a.v += from - 1;
    a.n = (u32)SN_MIN(len, len ? (i64)a.n - from + 1 : 0);
    rc = kernArrayGive(c, out, i, &a);
  }
  return rc;
}

/* a[from:to]: both belong to it. */
static int kernArrayCut(KERN_ARGS) {
  int rc = SEINE_OK;
  for (u32 k = 0; k < rows.n && !rc; k++) {
    u32 i = snKernRow(rows, k);
    i64 from = snKernInt(&args[1], i), to = snKernInt(&args[2], i);
    KernArray a;
    rc = kernArrayRead(c, snKernStr(&args[0], i), &a);
    if (rc) break;
    snKernSlice(a.n, &from, &to);
    a.v += from;
    a.n = (u32)(to - from);
    rc = kernArrayGive(c, out, i, &a);
  }
  return rc;
}

/* ---- An array and a value ----------------------------------------------- */

/* The place of the value from 1, or 0. */
static int kernArrayPosition(KERN_ARGS) {
  int rc = SEINE_OK;
  for (u32 k = 0; k < rows.n && !rc; k++) {
    u32 i = snKernRow(rows, k), at = 0;
    KernArray a;
    ArrayItem x;
    rc = kernArrayRead(c, snKernStr(&args[0], i), &a);
    if (rc) break;
    if (!kernArrayValue(&args[1], i, a.type, &x)) a.n = 0;
    while (at < a.n && kernArrayCompare(a.type, a.v + at, &x)) at++;
    ((i64 *)out->data)[i] = at < a.n ? at + 1 : 0;
  }
  return rc;
}

static int kernArrayRemove(KERN_ARGS) {
  int rc = SEINE_OK;
  for (u32 k = 0; k < rows.n && !rc; k++) {
    u32 i = snKernRow(rows, k), left = 0;
    KernArray a;
    ArrayItem x;
    bool same;
    rc = kernArrayRead(c, snKernStr(&args[0], i), &a);
    if (rc) break;
    same = kernArrayValue(&args[1], i, a.type, &x);
    for (u32 at = 0; at < a.n; at++)
      if (!same || kernArrayCompare(a.type, a.v + at, &x))
        a.v[left++] = a.v[at];
    a.n = left;
    rc = kernArrayGive(c, out, i, &a);
  }
  return rc;
}

static int kernArrayAdd(FuncCtx *c, const Vec *array, const Vec *value,
    Rows16 rows, Vec *out, bool front) {
  int rc = SEINE_OK;
  for (u32 k = 0; k < rows.n && !rc; k++) {
    u32 i = snKernRow(rows, k);
    KernArray a = {.type = (u8)(out->type & ~TYPE_ARRAY)}, b;
    ArrayItem x;
    if (snKernIsNull(array, i)) {
      snKernNull(out, i);
      continue;
    }
    rc = kernArrayRead(c, snKernStr(array, i), &b);
    if (rc) break;
    if (!b.n) b.type = a.type;
    if (!kernArrayValue(value, i, b.type, &x)) {
      char is[24], want[24];
      return snKernError(c, "a %s cannot be added to an array of %s",
          snTypeName(value->type, is), snTypeName(b.type, want));
    }
    if (front) memmove(b.v + 1, b.v, b.n * sizeof *b.v);
    b.v[front ? 0 : b.n] = x;
    b.n++;
    rc = kernArrayGive(c, out, i, &b);
  }
  return rc;
}
static int kernArrayAppend(KERN_ARGS) {
  return kernArrayAdd(c, &args[0], &args[1], rows, out, false);
}
static int kernArrayPrepend(KERN_ARGS) {
  return kernArrayAdd(c, &args[0], &args[1], rows, out, true);
}

/* ---- Two arrays --------------------------------------------------------- */

typedef enum KernArraySet { ARRAY_UNION, ARRAY_CONCAT, ARRAY_INTERSECT,
    ARRAY_EXCEPT, ARRAY_OVERLAP } KernArraySet;

static int kernArrayJoin(FuncCtx *c, KernArray *a, const KernArray *b) {
  ArrayItem *v = snArenaAlloc(c->arena, ((u64)a->n + b->n + 1) * sizeof *v);
  if (!v) return SN_NOMEM;
  memcpy(v, a->v, a->n * sizeof *v);
  memcpy(v + a->n, b->v, b->n * sizeof *v);
  a->v = v;
  a->n += b->n;
  return SEINE_OK;
}

static int kernArrayFilter(FuncCtx *c, KernArray *a, KernArray *b, bool in) {
  u32 n = 0;
  int rc = kernArraySort(c, b, false);
  for (u32 k = 0; !rc && k < a->n && !snKernStop(c, 32); k++)
    if (kernArrayHas(b, a->v + k) == in) a->v[n++] = a->v[k];
  a->n = n;
  return rc;
}

static int kernArrayPair(FuncCtx *c, const Vec *args, Rows16 rows, Vec *out,
    KernArraySet how) {
  int rc = SEINE_OK;
  for (u32 k = 0; k < rows.n && !rc; k++) {
    u32 i = snKernRow(rows, k);
    KernArray a, b;
    rc = kernArrayRead(c, snKernStr(&args[0], i), &a);
    if (!rc) rc = kernArrayRead(c, snKernStr(&args[1], i), &b);
    if (rc) break;
    if (!a.n) a.type = b.type;
    if (b.n && a.type != b.type && !(snTypeIsString(a.type) &&
        snTypeIsString(b.type)))
      return snKernError(c, "two arrays of other types: cast one of them");
    if (how == ARRAY_UNION || how == ARRAY_CONCAT)
      rc = kernArrayJoin(c, &a, &b);
    else rc = kernArrayFilter(c, &a, &b, how != ARRAY_EXCEPT);
    if (!rc && how != ARRAY_CONCAT && how != ARRAY_OVERLAP)
      rc = kernArrayUnique(c, &a);
    if (!rc && how != ARRAY_OVERLAP) rc = kernArrayGive(c, out, i, &a);
    else if (!rc && a.n) snBitSet(out->data, i);
  }
  return rc;
}
static int kernArrayUnion(KERN_ARGS) {
  return kernArrayPair(c, args, rows, out, ARRAY_UNION);
}
static int kernArrayConcat(KERN_ARGS) {
  return kernArrayPair(c, args, rows, out, ARRAY_CONCAT);
}
static int kernArrayIntersect(KERN_ARGS) {
  return kernArrayPair(c, args, rows, out, ARRAY_INTERSECT);
}
static int kernArrayExcept(KERN_ARGS) {
  return kernArrayPair(c, args, rows, out, ARRAY_EXCEPT);
}
static int kernArrayOverlap(KERN_ARGS) {
  return kernArrayPair(c, args, rows, out, ARRAY_OVERLAP);
}

/* ---- The least and the greatest element --------------------------------- */

static int kernArrayPut(FuncCtx *c, Vec *out, u32 i, const ArrayItem *x) {
  switch (snTypeForm(out->type)) {
    case FORM_REAL: ((double *)out->data)[i] = x->d; return SEINE_OK;
    case FORM_STR: return snFuncStr(c, out, i, x->p, x->n);
    default: break;
  }
  if (out->type != TYPE_BOOLEAN) ((i64 *)out->data)[i] = x->i;
  else if (x->i) snBitSet(out->data, i);
  return SEINE_OK;
}

/* NULLs do not count; of none there is none. */
static int kernArrayBest(FuncCtx *c, const Vec *args, Rows16 rows, Vec *out,
    int sign) {
  int rc = SEINE_OK;
  for (u32 k = 0; k < rows.n && !rc; k++) {
    u32 i = snKernRow(rows, k);
    Str s = snKernStr(&args[0], i);
    ArrayIter it;
    ArrayItem x, best = {.null = true};
    snArrayOpen(&it, s.p, s.n);
    while (!snKernStop(c, 4) && snArrayNext(&it, &x)) {
      if (x.null) continue;
      if (best.null || sign * kernArrayCompare(it.type, &x, &best) > 0)
        best = x;
    }
    if (best.null) snKernNull(out, i);
    else rc = kernArrayPut(c, out, i, &best);
  }
  return rc;
}

static int kernArrayMax(KERN_ARGS) {
  return kernArrayBest(c, args, rows, out, 1);
}
static int kernArrayMin(KERN_ARGS) {
  return kernArrayBest(c, args, rows, out, -1);
}

/* ---- The part of the table ---------------------------------------------- */

/* clang-format off */
static const Func kernArrayFuncs[] = {
  {"sort_array",      "a?b", FUNC_SAME, 0, kernArraySortArray},
  {"array_sort",      "a",   FUNC_SAME, 0, kernArraySortArray},
  {"list_sort",       "a",   FUNC_SAME, 0, kernArraySortArray},
  {"array_distinct",  "a",   FUNC_SAME, 0, kernArrayDistinct},
  {"list_distinct",   "a",   FUNC_SAME, 0, kernArrayDistinct},
  {"array_reverse",   "a",   FUNC_SAME, 0, kernArrayReverse},
  {"list_reverse",    "a",   FUNC_SAME, 0, kernArrayReverse},
  {"slice",           "aii", FUNC_SAME, 0, kernArraySlice},
  {"array_slice",     "aii", FUNC_SAME, 0, kernArrayCut},
  {"list_slice",      "aii", FUNC_SAME, 0, kernArrayCut},
  {"array_position",  "a*",  TYPE_INTEGER, 0, kernArrayPosition},
  {"list_position",   "a*",  TYPE_INTEGER, 0, kernArrayPosition},
  {"array_remove",    "a*",  FUNC_SAME, 0, kernArrayRemove},
  {"array_append",    "a*",  FUNC_SAME, FUNC_NULLS, kernArrayAppend},
  {"list_append",     "a*",  FUNC_SAME, FUNC_NULLS, kernArrayAppend},
  {"array_prepend",   "a*",  FUNC_SAME, FUNC_NULLS, kernArrayPrepend},
  {"array_union",     "aa",  FUNC_SAME, 0, kernArrayUnion},
  {"array_concat",    "aa",  FUNC_SAME, 0, kernArrayConcat},
  {"list_concat",     "aa",  FUNC_SAME, 0, kernArrayConcat},
  {"array_intersect", "aa",  FUNC_SAME, 0, kernArrayIntersect},
  {"array_except",    "aa",  FUNC_SAME, 0, kernArrayExcept},
  {"array_max",       "a",   FUNC_ITEM, 0, kernArrayMax},
  {"list_max",        "a",   FUNC_ITEM, 0, kernArrayMax},
  {"array_min",       "a",   FUNC_ITEM, 0, kernArrayMin},
  {"list_min",        "a",   FUNC_ITEM, 0, kernArrayMin},
  {"arrays_overlap",  "aa",  TYPE_BOOLEAN, 0, kernArrayOverlap},
};
/* clang-format on */

const Func *snKernArrayList(u32 *n) {
  *n = SN_COUNT(kernArrayFuncs);
  return kernArrayFuncs;
}
