/*
** agg: which aggregates are there, and what do all of them share?  Finds them
** in the parts of the table, holds the states, drops the rows that do not
** count (NULLs, and repeated values under DISTINCT), brings arguments to the
** form that tight loops want, and keeps exact sums.
**
** (1) A value has one number however often it comes, and so has a pair of a
**     group and a value: the numbers of values while there is but one group.
** (2) DISTINCT takes -0.0 for 0.0 and every NaN for the same.
** (3) An error leaves an Agg that can be reset or closed, nothing else.
*/
#include "vm/aggInt.h"

#define AGG_BLOCK 64u /* rows whose waits for memory overlap */
#define AGG_NONE UINT32_MAX

/* ---- The table ---------------------------------------------------------- */

static const AggFunc *(*const aggParts[])(u32 *) = {snAggBasicList,
    snAggStatList, snAggSketchList, snAggListList, snAggJsonList,
    snAggGeoList};

const AggFunc *snAggAt(u32 i) {
  for (u32 part = 0; part < SN_COUNT(aggParts); part++) {
    u32 n;
    const AggFunc *f = aggParts[part](&n);
    if (i < n) return f + i;
    i -= n;
  }
  return NULL;
}

const AggFunc *snAggFind(const char *name, size_t n, u32 k) {
  const AggFunc *f;
  for (u32 i = 0; (f = snAggAt(i)) != NULL; i++) {
    if (!snAsciiEq(f->name, strlen(f->name), name, n)) continue;
    if (!k--) return f;
  }
  return NULL;
}

/* ---- Life --------------------------------------------------------------- */

int snAggOpen(Budget *b, const AggFunc *f, const u8 *types, u32 n,
    bool distinct, Agg **out) {
  Agg *a;
  *out = NULL;
  if (n > AGG_ARGS) return SEINE_MISUSE;
  a = snMemZero(b, sizeof *a);
  if (!a) return SN_NOMEM;
  a->budget = b;
  a->f = f;
  a->ops = f->ops;
  a->tag = f->tag & ~AGG_DISTINCT;
  a->distinct = n > 0 && (distinct || (f->tag & AGG_DISTINCT));
  a->nargs = n;
  if (n) memcpy(a->types, types, n);
  snBufInit(&a->text, b);
  snIntSetInit(&a->nums, b);
  snIntSetInit(&a->pairs, b);
  snStrSetInit(&a->strs, b);
  *out = a;
  return SEINE_OK;
}

bool snAggNumbered(Agg *a) {
  a->numbered = a->distinct && a->nargs == 1 && snAggIsCount(a->f) &&
      snTypeForm(a->types[0]) == FORM_STR;
  return a->numbered;
}

void snAggReset(Agg *a) {
  if (a->ops->clear) a->ops->clear(a);
  for (u32 i = 0; i < a->nbig; i++) snSumClear(&a->big[i]);
  a->ngroups = a->nbig = a->nwide = a->npairs = a->nhits = 0;
  snMemFree(a->last);
  a->last = NULL;
  a->last_cap = 0;
  snIntSetClear(&a->nums);
  snIntSetClear(&a->pairs);
  snStrSetClear(&a->strs);
  a->grouped = a->has_q = false;
  a->error[0] = 0;
}

void snAggClose(Agg *a) {
  if (!a) return;
  snAggReset(a);
  snAggOrderClose(a);
  for (u32 j = 0; j < AGG_ARGS; j++) snMemFree(a->scratch[j]);
  snMemFree(a->state);
  snMemFree(a->big);
  snMemFree(a->wide);
  snMemFree(a->next);
  snMemFree(a->hits);
  snMemFree(a->q);
  snBufClear(&a->text);
  snMemFree(a);
}

const char *snAggError(const Agg *a) { return a->error; }

static int aggGroups(Agg *a, u32 n) {
  u32 size = a->ops->size, from = a->ngroups;
  int rc;
  if (n <= from) return SEINE_OK;
  rc = snMemGrow(a->budget, &a->state, &a->cap, n, size);
  if (rc) return rc;
  memset((u8 *)a->state + (size_t)from * size, 0, (size_t)(n - from) * size);
  a->ngroups = n;
  if (a->ops->init) a->ops->init(a, from, n - from);
  return SEINE_OK;
}

/* ---- Which rows count --------------------------------------------------- */

/* The rows in which v is not NULL; they lie in buf, or are r itself. */
static Rows16 aggDropNulls(const Vec *v, Rows16 r, u16 *buf) {
  u64 live[SN_WORDS], any = 0;
  u32 words = (r.n + 63) / 64, n = 0;
  if (v->type == TYPE_NULL) return (Rows16){buf, 0};
  if (!v->nulls || !r.n) return r;
  if (v->form == VEC_CONST) return snBit(v->nulls, 0) ? (Rows16){buf, 0} : r;
  if (r.rows) {
    for (u32 k = 0; k < r.n; k++) {
      u16 row = r.rows[k];
      buf[n] = row;
      n += !snBit(v->nulls, row);
    }
    return (Rows16){buf, n};
  }
  snBitsFirst(live, words, r.n);
  for (u32 w = 0; w < words; w++) {
    any |= live[w] & v->nulls[w];
    live[w] &= ~v->nulls[w];
  }
  if (!any) return r;
  return (Rows16){buf, snBitsList(live, words, buf)};
}

u32 snAggValue(Agg *a, const Vec *v, u32 row) {
  KernVal x;
  if (snTypeForm(v->type) == FORM_STR) {
    Str s = snKernStr(v, row);
    return snStrSetAdd(&a->strs, s.p, s.n);
  }
  snKernGet(v, row, &x);
  if (v->type == TYPE_REAL) x.i = snAggRealKey(x.d + 0.0);
  return snIntSetAdd(&a->nums, (u64)x.i);
}

u32 snAggPair(Agg *a, u32 group, u32 value) {
  if (!a->grouped) return value;
  return snIntSetAdd(&a->pairs, (u64)group << 32 | value);
}

int snAggSetsRc(const Agg *a) {
  if (a->nums.rc) return a->nums.rc;
  return a->strs.rc ? a->strs.rc : a->pairs.rc;
}

/* Pairs get a table of their own when there is a second group. */
static int aggSplit(Agg *a, u32 ngroups) {
  u32 n = a->numbered ? a->npairs : SN_MAX(a->nums.n, a->strs.n);
  if (a->grouped || ngroups < 2) return SEINE_OK;
  a->grouped = true;
  for (u32 i = 0; i < n; i++) snIntSetAdd(&a->pairs, i);
  return a->pairs.rc;
}

/* All arguments of a row as bytes, and their number. */
static u32 aggTuple(Agg *a, const AggIn *in, u32 row) {
  Buf *b = &a->text;
  b->n = 0;
  for (u32 j = 0; j < a->nargs; j++) {
    const Vec *v = &in->args[j];
    KernVal x;
    bool null = snKernIsNull(v, row);
    snBufByte(b, null);
    if (null) continue;
    snKernGet(v, row, &x);
    switch (snTypeForm(v->type)) {
      case FORM_REAL: x.i = snAggRealKey(x.d + 0.0); /* fall through */
      case FORM_INT: snBufU64(b, (u64)x.i); break;
      case FORM_STR:
        snBufVarint(b, x.s.n);
        snBufAdd(b, x.s.p, x.s.n);
        break;
    }
  }
  if (b->rc || b->n > UINT32_MAX) return 0;
  return snStrSetAdd(&a->strs, b->data, (u32)b->n);
}

/* The numbers of the values of a block of rows. */
static void aggValues(Agg *a, const AggIn *in, Rows16 rows, const i64 *keys,
    u32 *value) {
  const Vec *v = &in->args[0];
  u64 key[AGG_BLOCK];
  for (u32 k = 0; k < rows.n && !a->numbered && keys; k++) {
    i64 x = keys[snKernRow(rows, k)]; /* a real -0 is the key -1 */
    key[k] = (u64)(v->type == TYPE_REAL && x == -1 ? 0 : x);
  }
  if (!a->numbered && keys) snIntSetWarm(&a->nums, key, rows.n);
  for (u32 k = 0; k < rows.n; k++) {
    u32 row = snKernRow(rows, k);
    value[k] = a->numbered ? (u32)keys[row] - 1
        : keys             ? snIntSetAdd(&a->nums, key[k])
        : a->nargs == 1    ? snAggValue(a, v, row)
                           : aggTuple(a, in, row);
  }
}

static int aggLastRoom(Agg *a, u32 value) {
  u32 old = a->last_cap;
  int rc = snMemGrow(a->budget, &a->last, &a->last_cap, value + 1ull,
      sizeof *a->last);
  if (!rc) memset(a->last + old, 0, (a->last_cap - old) * sizeof *a->last);
  return rc;
}

/* The numbers become those of pairs with the group, or NONE where the value
** came last in the same one: that pair is not new. */
static int aggPairs(Agg *a, const AggIn *in, Rows16 rows, u32 *value) {
  u64 pair[AGG_BLOCK];
  u32 at[AGG_BLOCK], n = 0;
  if (!a->grouped) return SEINE_OK;
  for (u32 k = 0; k < rows.n; k++) {
    u32 v = value[k], g = snAggGroup(in, snKernRow(rows, k));
    if (v >= a->last_cap && aggLastRoom(a, v)) return SN_NOMEM;
    value[k] = AGG_NONE;
    if (a->last[v] == g + 1) continue;
    a->last[v] = g + 1;
    pair[n] = (u64)g << 32 | v;
    at[n++] = k;
  }
  snIntSetWarm(&a->pairs, pair, n);
  for (u32 k = 0; k < n; k++) value[at[k]] = snIntSetAdd(&a->pairs, pair[k]);
  return SEINE_OK;
}

/* Keeps the rows whose value is new to their group. */
static int aggDistinct(Agg *a, const AggIn *in, u16 *buf, Rows16 *out) {
  const i64 *keys = NULL;
  u32 n = 0, value[AGG_BLOCK];
  if (a->nargs == 1 && snTypeForm(in->args[0].type) != FORM_STR) {
    int rc = snAggKeys(a, in, 0, &keys);
    if (rc) return rc;
  }
  for (u32 from = 0; from < in->rows.n; from += AGG_BLOCK) {
    u16 row[AGG_BLOCK]; /* buf may be the list of rows */
    Rows16 rows = {row, SN_MIN(AGG_BLOCK, in->rows.n - from)};
    for (u32 k = 0; k < rows.n; k++)
      row[k] = (u16)snKernRow(in->rows, from + k);
    aggValues(a, in, rows, keys, value);
    int rc = aggPairs(a, in, rows, value);
    if (rc) return rc;
    for (u32 k = 0; k < rows.n; k++) {
      if (value[k] != a->npairs) continue;
      a->npairs++;
      buf[n++] = row[k];
    }
  }
  *out = (Rows16){buf, n};
  return a->text.rc ? a->text.rc : snAggSetsRc(a);
}

/* ---- Update and final --------------------------------------------------- */

int snAggUpdate(Agg *a, const u32 *gid, u32 ngroups, const Vec *args,
    Rows16 rows, char *error) {
  return a->order ? snAggOrderAdd(a, gid, ngroups, args, rows)
                  : snAggFeed(a, gid, ngroups, args, rows, error);
}

int snAggFeed(Agg *a, const u32 *gid, u32 ngroups, const Vec *args,
    Rows16 rows, char *error) {
  AggIn in = {gid, args, rows, error};
  u16 buf[SN_WINDOW];
  int rc = aggGroups(a, SN_MAX(ngroups, gid ? 0 : 1u));
  assert(rows.n <= SN_WINDOW);
  if (!rc) rc = aggSplit(a, ngroups);
  if (rc) return rc;
  for (u32 j = 0; j < a->nargs; j++) {
    /* DISTINCT knows no NULL: first and last go without. */
    if (!(a->ops->skip >> j & 1) && !(a->distinct && a->nargs == 1)) continue;
    in.rows = aggDropNulls(&args[j], in.rows, buf);
  }
  if (in.rows.n && a->distinct) {
    rc = aggDistinct(a, &in, buf, &in.rows);
    if (rc) return rc;
  }
  return in.rows.n ? a->ops->update(a, &in) : SEINE_OK;
}

bool snAggMerges(const AggFunc *f) { return f->ops->merge != NULL; }
bool snAggIsDistinct(const Agg *a) { return a->distinct; }
u32 snAggDistinct(const Agg *a) { return a->npairs; }

int snAggMerge(Agg *a, const Agg *from, u32 at, Rows16 rows, const u32 *gid,
    u32 ngroups, char *error) {
  u32 size = a->ops->size;
  int rc = aggGroups(a, ngroups);
  if (!rc) rc = snAggAskedMerge(a, from, error);
  for (u32 k = 0; k < rows.n && !rc; k++) {
    u32 i = snKernRow(rows, k), g = gid ? gid[i] : 0;
    if (at + i >= from->ngroups) continue; /* no row came for it */
    rc = a->ops->merge(a, (u8 *)a->state + (size_t)g * size, from,
        (const u8 *)from->state + (size_t)(at + i) * size);
  }
  return rc;
}

/* Value number `value` of another Agg, as row i of v. */
static void aggValueGet(const Agg *from, u32 value, const i64 *number,
    Vec *v, u32 i) {
  if (number) {
    ((i64 *)v->data)[i] = number[value + 1];
  } else if (snTypeForm(v->type) == FORM_STR) {
    const StrRef *s = from->strs.refs + value;
    ((Str *)v->data)[i] = (Str){(const u8 *)s->p, s->n, 0};
  } else {
    snAggPutKey(v, i, (i64)from->nums.keys[value]);
  }
}

/* A batch of distinct values comes as rows with them. */
int snAggMergeDistinct(Agg *a, const Agg *from, const u32 *map,
    const i64 *number, u32 ngroups, char *error) {
  u32 *gid = snMemAlloc(a->budget, SN_WINDOW * sizeof *gid);
  Vec v = {.type = number ? TYPE_INTEGER : a->types[0], .form = VEC_FLAT};
  v.data = snMemZero(a->budget, SN_WINDOW * sizeof(Str));
  int rc = gid && v.data ? SEINE_OK : SN_NOMEM;
  for (u32 at = 0, n; !rc && at < from->npairs; at += n) {
    n = SN_MIN(SN_WINDOW, from->npairs - at);
    for (u32 i = 0; i < n; i++) {
      u64 pair = from->grouped ? from->pairs.keys[at + i] : at + i;
      gid[i] = map[pair >> 32];
      aggValueGet(from, (u32)pair, number, &v, i);
    }
    rc = snAggFeed(a, gid, ngroups, &v, (Rows16){NULL, n}, error);
  }
  snMemFree(gid);
  snMemFree(v.data);
  return rc;
}

int snAggFinal(Agg *a, u32 from, u32 n, Arena *arena, Vec *out) {
  int rc;
  assert(n <= SN_WINDOW && n <= UINT32_MAX - from);
  rc = a->order ? snAggOrderRun(a) : SEINE_OK;
  if (!rc) rc = aggGroups(a, from + n);
  return rc ? rc : a->ops->final(a, from, n, arena, out);
}

int snAggFinalAs(Agg *a, const AggFunc *f, i64 plus, u32 from, u32 n,
    Arena *arena, Vec *out) {
  const AggFunc *own = a->f;
  a->f = f;
  a->plus = plus;
  a->tag = f->tag & ~AGG_DISTINCT;
  int rc = snAggFinal(a, from, n, arena, out);
  a->f = own;
  a->plus = 0;
  a->tag = own->tag & ~AGG_DISTINCT;
  return rc;
}

/* ---- Arguments ---------------------------------------------------------- */

static int aggScratch(Agg *a, u32 j, i64 **out) {
  if (!a->scratch[j]) {
    a->scratch[j] = snMemAlloc(a->budget, SN_WINDOW * sizeof **out);
  }
  *out = a->scratch[j];
  return *out ? SEINE_OK : SN_NOMEM;
}

static void aggFill(i64 *to, Rows16 r, i64 v) {
  u32 n = r.n ? (r.rows ? r.rows[r.n - 1] + 1u : r.n) : 0;
  for (u32 i = 0; i < n; i++) memcpy(to + i, &v, sizeof v);
}

/* A column of 8-byte numbers as it is, a constant written out. */
static int aggPlain(Agg *a, const AggIn *in, u32 j, const i64 **out) {
  const Vec *v = &in->args[j];
  i64 *to, bits;
  int rc;
  *out = v->data;
  if (v->form != VEC_CONST) return SEINE_OK;
  rc = aggScratch(a, j, &to);
  if (rc) return rc;
  memcpy(&bits, v->data, sizeof bits);
  aggFill(to, in->rows, bits);
  *out = to;
  return SEINE_OK;
}

int snAggInts(Agg *a, const AggIn *in, u32 j, const i64 **out) {
  const Vec *v = &in->args[j];
  i64 *to;
  int rc;
  if (v->type != TYPE_BOOLEAN) return aggPlain(a, in, j, out);
  rc = aggScratch(a, j, &to);
  if (rc) return rc;
  if (v->form == VEC_CONST) aggFill(to, in->rows, snKernBool(v, 0));
  for (u32 k = 0; k < in->rows.n && v->form != VEC_CONST; k++) {
    u32 row = snKernRow(in->rows, k);
    to[row] = snKernBool(v, row);
  }
  *out = to;
  return SEINE_OK;
}

int snAggReals(Agg *a, const AggIn *in, u32 j, const double **out) {
  const i64 *from;
  double *to;
  i64 *place;
  int rc;
  if (in->args[j].type == TYPE_REAL) {
    rc = aggPlain(a, in, j, &from);
    *out = (const double *)(const void *)from;
    return rc;
  }
  rc = snAggInts(a, in, j, &from);
  if (!rc) rc = aggScratch(a, j, &place);
  if (rc) return rc;
  to = (double *)(void *)place;
  for (u32 k = 0; k < in->rows.n; k++) {
    u32 row = snKernRow(in->rows, k);
    double v = (double)from[row];
    memcpy(to + row, &v, sizeof v);
  }
  *out = to;
  return SEINE_OK;
}

int snAggKeys(Agg *a, const AggIn *in, u32 j, const i64 **out) {
  const i64 *from;
  i64 *to;
  int rc;
  if (in->args[j].type != TYPE_REAL) return snAggInts(a, in, j, out);
  rc = aggPlain(a, in, j, &from);
  if (!rc) rc = aggScratch(a, j, &to);
  if (rc) return rc;
  for (u32 k = 0; k < in->rows.n; k++) {
    u32 row = snKernRow(in->rows, k);
    double v;
    memcpy(&v, from + row, sizeof v);
    to[row] = snAggRealKey(v);
  }
  *out = to;
  return SEINE_OK;
}

/* ---- Results and bytes -------------------------------------------------- */

void snAggPutInt(Vec *out, u32 i, i64 v) {
  if (out->type != TYPE_BOOLEAN) ((i64 *)out->data)[i] = v;
  else if (v) snBitSet(out->data, i);
  else snBitClear(out->data, i);
}

void snAggPutKey(Vec *out, u32 i, i64 key) {
  if (out->type == TYPE_REAL) snAggPutReal(out, i, snAggKeyReal(key));
  else snAggPutInt(out, i, key);
}

int snAggPutStr(Vec *out, u32 i, const void *p, u32 n, Arena *arena) {
  Str *to = (Str *)out->data + i;
  u8 *copy;
  *to = (Str){NULL, 0, 0};
  if (!n) return SEINE_OK;
  copy = snArenaBytes(arena, n);
  if (!copy) return SN_NOMEM;
  memcpy(copy, p, n);
  *to = (Str){copy, n, 0};
  return SEINE_OK;
}

void snAggTooBig(const Agg *a, char *error) {
  snprintf(error, 256, "the result of %s() has more than %u bytes: %s",
      a->f->name, snKernMostOf(a->budget),
      snLimitSay(a->budget, SEINE_LIMIT_VALUE));
}

static int aggBytesRoom(Agg *a, AggBytes *b, u32 n) {
  u64 cap = SN_MAX((u64)n, (u64)b->cap * 2);
  u8 *p;
  if (b->p && n <= b->cap) return SEINE_OK;
  cap = SN_MIN(SN_MAX(cap, (u64)16), (u64)KERN_VALUE_MAX);
  p = snMemRealloc(a->budget, b->p, (size_t)cap);
  if (!p) return SN_NOMEM;
  b->p = p;
  b->cap = (u32)cap;
  return SEINE_OK;
}

int snAggBytesSet(Agg *a, AggBytes *b, const void *p, u32 n) {
  int rc;
  if (n > snKernMostOf(a->budget)) return SEINE_TOOBIG;
  rc = aggBytesRoom(a, b, n);
  if (rc) return rc;
  if (n) memmove(b->p, p, n);
  b->n = n;
  return SEINE_OK;
}

int snAggBytesAdd(Agg *a, AggBytes *b, const void *p, size_t n) {
  int rc;
  if (n + (u64)b->n > snKernMostOf(a->budget)) return SEINE_TOOBIG;
  rc = aggBytesRoom(a, b, b->n + (u32)n);
  if (rc) return rc;
  if (n) memcpy(b->p + b->n, p, n);
  b->n += (u32)n;
  return SEINE_OK;
}

/* ---- Exact sums --------------------------------------------------------- */

static int aggBigNew(Agg *a, u32 *big) {
  int rc = snMemGrow(a->budget, &a->big, &a->big_cap, (u64)a->nbig + 1,
      sizeof *a->big);
  if (rc) return rc;
  snSumInit(&a->big[a->nbig], a->budget);
  *big = ++a->nbig;
  return SEINE_OK;
}

int snAggBigAdd(Agg *a, u32 *big, double v) {
  if (v == 0) return SEINE_OK;
  int rc = *big ? SEINE_OK : aggBigNew(a, big);
  return rc ? rc : snSumAdd(&a->big[*big - 1], v);
}

int snAggBigMerge(Agg *a, u32 *big, const Agg *from, u32 other) {
  if (!other) return SEINE_OK;
  int rc = *big ? SEINE_OK : aggBigNew(a, big);
  return rc ? rc : snSumMerge(&a->big[*big - 1], &from->big[other - 1]);
}

int snAggFixMerge(Agg *a, i128 *sum, i128 v, i32 unit, u32 *big) {
  i128 to;
  if (!__builtin_add_overflow(*sum, v, &to)) {
    *sum = to;
    return SEINE_OK;
  }
  int rc = *big ? SEINE_OK : aggBigNew(a, big);
  return rc ? rc : snAggFixTo(&a->big[*big - 1], v, unit);
}

int snAggFixTo(ExactSum *s, i128 sum, i32 unit) {
  for (u32 i = 0; i < 128; i += 32) {
    i64 part = i < 96 ? (i64)(u32)(sum >> i) : (i64)(sum >> i);
    int rc = snSumAdd(s, ldexp((double)part, unit + (i32)i));
    if (rc) return rc;
  }
  return SEINE_OK;
}

int snAggFixGet(Agg *a, i128 sum, u32 big, double *out) {
  ExactSum s;
  int rc;
  if (!big) { /* to double is one rounding */
    *out = ldexp((double)sum, AGG_FIX);
    return SEINE_OK;
  }
  snSumInit(&s, a->budget);
  rc = snSumMerge(&s, &a->big[big - 1]);
  if (!rc) rc = snAggFixTo(&s, sum, AGG_FIX);
  if (!rc) *out = snSumGet(&s);
  snSumClear(&s);
  return rc;
}

#undef AGG_BLOCK
#undef AGG_NONE
