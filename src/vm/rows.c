/*
** rows: rows that wait in memory, column by column, until they are sorted,
** grouped by a window or given out again.
**
** (1) Every column has room for cap rows and a bitmap of cap / 64 words; cap
**     is a multiple of 64.  Rows n and above hold nothing.
** (2) A row that is NULL holds 0 or the empty string, so that reading it
**     without looking at the bitmap reads nothing wild.
** (3) Strings are in the arena of the store.  Rows of one batch that shared
**     their bytes share them here too.
** (4) An append that fails leaves the rows as they were; bytes it copied
**     stay in the arena until the store is cleared.
** (5) The order of values: NULL is left to the key; REAL from -inf to inf
**     with -0 = 0, then NaN, which equals itself; strings by bytes; arrays
**     element by element, NULLs first; an INTERVAL's month is 30 days.
*/
#include "vm/vm.h"

#define ROWS_MAX   0x80000000u
#define ROWS_MONTH ((i128)30 * 86400 * 1000000)

/* ---- Room --------------------------------------------------------------- */

/* Room for `cap` rows in place of `old`; new bits are 0. */
static int rowsColumnGrow(RowStore *r, RowCol *c, u32 old, u32 cap) {
  size_t words = cap / 64, was = old / 64;
  u64 *nulls = snMemRealloc(r->budget, c->nulls, words * sizeof(u64));
  void *data;
  if (!nulls) return SN_NOMEM;
  memset(nulls + was, 0, (words - was) * sizeof(u64));
  c->nulls = nulls;
  switch (c->form) {
    case FORM_INT:
      data = snMemRealloc(r->budget, c->i, (size_t)cap * sizeof(i64));
      if (data) c->i = data;
      break;
    case FORM_REAL:
      data = snMemRealloc(r->budget, c->d, (size_t)cap * sizeof(double));
      if (data) c->d = data;
      break;
    default:
      data = snMemRealloc(r->budget, c->s, (size_t)cap * sizeof(Str));
      if (data) c->s = data;
      break;
  }
  return data ? SEINE_OK : SN_NOMEM;
}

static int rowsGrow(RowStore *r, u64 need) {
  u64 cap = SN_MAX(r->cap, 64u);
  int rc = SEINE_OK;
  if (need <= r->cap) return SEINE_OK;
  if (need > ROWS_MAX) return SEINE_TOOBIG;
  while (cap < need) cap *= 2;
  for (u32 i = 0; !rc && i < r->ncol; i++) {
    rc = rowsColumnGrow(r, r->col + i, r->cap, (u32)cap);
  }
  if (!rc) r->cap = (u32)cap;
  return rc;
}

static void rowsColumnFree(RowCol *c) {
  snMemFree(c->i);
  snMemFree(c->d);
  snMemFree(c->s);
  snMemFree(c->nulls);
}

int snRowsInit(RowStore *r, Budget *b, const u8 *types, u32 ncol) {
  memset(r, 0, sizeof *r);
  r->budget = b;
  snArenaInit(&r->bytes, b);
  if (!ncol) return SEINE_OK;
  if (ncol > UINT32_MAX / sizeof *r->col) return SN_NOMEM;
  r->col = snMemZero(b, ncol * sizeof *r->col);
  if (!r->col) return SN_NOMEM;
  r->ncol = ncol;
  for (u32 i = 0; i < ncol; i++) {
    r->col[i].type = types[i];
    r->col[i].form = (u8)snTypeForm(types[i]);
  }
  return SEINE_OK;
}

void snRowsClear(RowStore *r) {
  for (u32 i = 0; i < r->ncol; i++) rowsColumnFree(r->col + i);
  snMemFree(r->col);
  snArenaClear(&r->bytes);
  r->col = NULL;
  r->ncol = r->n = r->cap = 0;
}

int snRowsAddColumn(RowStore *r, u8 type, u32 *out) {
  RowCol *col, *c;
  int rc;
  *out = 0;
  if (r->ncol >= UINT32_MAX / sizeof *col - 1) return SN_NOMEM;
  col = snMemRealloc(r->budget, r->col, (r->ncol + 1) * sizeof *col);
  if (!col) return SN_NOMEM;
  r->col = col;
  c = col + r->ncol;
  memset(c, 0, sizeof *c);
  c->type = type;
  c->form = (u8)snTypeForm(type);
  c->some = r->n > 0;
  if (r->cap) {
    rc = rowsColumnGrow(r, c, 0, r->cap);
    if (rc) {
      rowsColumnFree(c);
      return rc;
    }
  }
  if (r->n) {
    memset(c->nulls, 0xff, (r->n + 63ull) / 64 * 8);
    if (r->n & 63) c->nulls[r->n >> 6] = (1ull << (r->n & 63)) - 1;
    if (c->i) memset(c->i, 0, (size_t)r->n * sizeof *c->i);
    if (c->d) memset(c->d, 0, (size_t)r->n * sizeof *c->d);
    if (c->s) memset(c->s, 0, (size_t)r->n * sizeof *c->s);
  }
  *out = r->ncol++;
  return SEINE_OK;
}

/* ---- In ----------------------------------------------------------------- */

static void rowsAddInts(RowCol *c, u32 at, const Vec *v, Rows16 rows) {
  i64 *to = c->i + at;
  const i64 *from = v->data;
  if (c->type == TYPE_BOOLEAN) {
    for (u32 k = 0; k < rows.n; k++) {
      u32 i = rows.rows ? rows.rows[k] : k;
      to[k] = snBit(v->data, snVecAt(v, i));
    }
  } else if (v->form == VEC_CONST) {
    for (u32 k = 0; k < rows.n; k++) to[k] = from[0];
  } else if (rows.rows) {
    for (u32 k = 0; k < rows.n; k++) to[k] = from[rows.rows[k]];
  } else {
    memcpy(to, from, rows.n * sizeof *to);
  }
}

static void rowsAddReals(RowCol *c, u32 at, const Vec *v, Rows16 rows) {
  double *to = c->d + at;
  const double *from = v->data;
  if (v->form == VEC_CONST) {
    for (u32 k = 0; k < rows.n; k++) to[k] = from[0];
  } else if (rows.rows) {
    for (u32 k = 0; k < rows.n; k++) to[k] = from[rows.rows[k]];
  } else {
    memcpy(to, from, rows.n * sizeof *to);
  }
}

/* The bytes of all rows are taken from the arena at once. */
static int rowsAddStrings(RowStore *r, RowCol *c, u32 at, const Vec *v,
    Rows16 rows) {
  const Str *from = v->data;
  Str last = {NULL, 0, 0}, *to = c->s + at;
  u64 sum = 0;
  u8 *room;
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = rows.rows ? rows.rows[k] : k;
    const Str *s = from + snVecAt(v, i);
    if (snVecNull(v, i) || (s->p == last.p && s->n == last.n)) continue;
    last = *s;
    sum += s->n;
  }
  room = sum ? snArenaBytes(&r->bytes, (size_t)sum) : NULL;
  if (sum && !room) return SN_NOMEM;
  last = (Str){NULL, 0, 0};
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = rows.rows ? rows.rows[k] : k;
    const Str *s = from + snVecAt(v, i);
    if (snVecNull(v, i) || !s->n) {
      to[k] = (Str){NULL, 0, 0};
      if (!snVecNull(v, i)) last = *s;
      continue;
    }
    if (s->p != last.p || s->n != last.n) {
      memcpy(room, s->p, s->n);
      room += s->n;
      last = *s;
    }
    to[k] = (Str){room - s->n, s->n, 0};
  }
  return SEINE_OK;
}

/* Bits of the new rows, and what stands behind the set ones. */
static void rowsAddNulls(RowCol *c, u32 at, const Vec *v, Rows16 rows) {
  bool all = v->type == TYPE_NULL;
  if (!all && !v->nulls && !c->some) return;
  for (u32 k = 0; k < rows.n; k++) snBitClear(c->nulls, at + k);
  if (!all && !v->nulls) return;
  c->some = true;
  for (u32 k = 0; k < rows.n; k++) {
    if (!all && !snVecNull(v, rows.rows ? rows.rows[k] : k)) continue;
    snBitSet(c->nulls, at + k);
    if (c->form == FORM_INT) c->i[at + k] = 0;
    else if (c->form == FORM_REAL) c->d[at + k] = 0;
    else c->s[at + k] = (Str){NULL, 0, 0};
  }
}

static int rowsAddColumn(RowStore *r, RowCol *c, const Vec *v, Rows16 rows) {
  int rc = SEINE_OK;
  if (v->type != TYPE_NULL) {
    assert(v->form != VEC_CODE && snTypeForm(v->type) == (Form)c->form);
    assert((v->type == TYPE_BOOLEAN) == (c->type == TYPE_BOOLEAN));
    if (c->form == FORM_INT) rowsAddInts(c, r->n, v, rows);
    else if (c->form == FORM_REAL) rowsAddReals(c, r->n, v, rows);
    else rc = rowsAddStrings(r, c, r->n, v, rows);
  }
  if (!rc) rowsAddNulls(c, r->n, v, rows);
  return rc;
}

int snRowsAdd(RowStore *r, const Vec *const *cols, Rows16 rows) {
  int rc;
  if (!rows.n) return SEINE_OK;
  rc = rowsGrow(r, (u64)r->n + rows.n);
  for (u32 i = 0; !rc && i < r->ncol; i++) {
    rc = rowsAddColumn(r, r->col + i, cols[i], rows);
  }
  if (!rc) r->n += rows.n;
  return rc;
}

/* ---- Out ---------------------------------------------------------------- */

static void rowsEmitNulls(const RowCol *c, const u32 *order, u32 from, u32 n,
    Vec *out) {
  out->nulls = NULL;
  for (u32 i = 0; c->some && i < n; i++) {
    if (!order && !((from + i) & 63) && n - i >= 64 &&
        !c->nulls[(from + i) >> 6]) {
      i += 63;
      continue;
    }
    if (!snBit(c->nulls, order ? order[from + i] : from + i)) continue;
    if (!out->nulls) {
      out->nulls = out->null_buf;
      memset(out->nulls, 0, SN_WORDS * sizeof(u64));
    }
    snBitSet(out->nulls, i);
  }
}

static void rowsEmitBools(const RowCol *c, const u32 *order, u32 from, u32 n,
    u64 *to) {
  memset(to, 0, SN_WORDS * sizeof *to);
  for (u32 i = 0; i < n; i++) {
    if (c->i[order ? order[from + i] : from + i]) snBitSet(to, i);
  }
}

void snRowsEmit(const RowStore *r, u32 col, const u32 *order, u32 from,
    u32 n, Vec *out) {
  const RowCol *c = r->col + col;
  assert(n <= SN_WINDOW && col < r->ncol);
  out->type = c->type;
  out->form = VEC_FLAT;
  out->dict = NULL;
  if (out->buf) {
    out->data = out->buf;
    out->owned = true;
  }
  out->nulls = NULL;
  if (!n) return;
  rowsEmitNulls(c, order, from, n, out);
  if (c->type == TYPE_BOOLEAN) {
    rowsEmitBools(c, order, from, n, out->data);
  } else if (c->form == FORM_STR) {
    Str *to = out->data;
    if (!order) memcpy(to, c->s + from, n * sizeof *to);
    else for (u32 i = 0; i < n; i++) to[i] = c->s[order[from + i]];
  } else if (c->form == FORM_REAL) {
    double *to = out->data;
    if (!order) memcpy(to, c->d + from, n * sizeof *to);
    else for (u32 i = 0; i < n; i++) to[i] = c->d[order[from + i]];
  } else {
    i64 *to = out->data;
    if (!order) memcpy(to, c->i + from, n * sizeof *to);
    else for (u32 i = 0; i < n; i++) to[i] = c->i[order[from + i]];
  }
}

void snRowsGather(const RowStore *r, u32 col, const u32 *pick, u32 n,
    Vec *out) {
  const RowCol *c = r->col + col;
  u64 *nulls = out->null_buf;
  memset(nulls, 0, SN_WORDS * sizeof *nulls);
  out->form = VEC_FLAT;
  out->data = out->buf;
  out->nulls = nulls;
  if (c->type == TYPE_BOOLEAN) memset(out->data, 0, SN_WORDS * sizeof(u64));
  for (u32 i = 0; i < n; i++) {
    u32 at = pick[i];
    bool none = at == ROWS_NONE;
    if (none || snBit(c->nulls, at)) snBitSet(nulls, i);
    if (c->form == FORM_STR)
      ((Str *)out->data)[i] = none ? (Str){NULL, 0, 0} : c->s[at];
    else if (c->form == FORM_REAL)
      ((double *)out->data)[i] = none ? 0 : c->d[at];
    else if (c->type != TYPE_BOOLEAN)
      ((i64 *)out->data)[i] = none ? 0 : c->i[at];
    else if (!none && c->i[at])
      snBitSet(out->data, i);
  }
}

/* ---- Order -------------------------------------------------------------- */

static int rowsReals(double a, double b) {
  if (isnan(a) || isnan(b)) return (isnan(a) != 0) - (isnan(b) != 0);
  return (a > b) - (a < b);
}

static int rowsStrings(const u8 *a, u32 na, const u8 *b, u32 nb) {
  int c = a == b && na == nb ? 0 : snStrCmp(a, na, b, nb);
  return (c > 0) - (c < 0);
}

static int rowsIntervals(const Str *a, const Str *b) {
  Interval x = {0, 0}, y = {0, 0};
  i128 u, v;
  if (a->n == sizeof x) memcpy(&x, a->p, sizeof x);
  if (b->n == sizeof y) memcpy(&y, b->p, sizeof y);
  u = x.months * ROWS_MONTH + x.us;
  v = y.months * ROWS_MONTH + y.us;
  return (u > v) - (u < v);
}

static int rowsItems(Form form, const ArrayItem *x, const ArrayItem *y) {
  if (x->null || y->null) return (int)y->null - (int)x->null;
  if (form == FORM_INT) return (x->i > y->i) - (x->i < y->i);
  if (form == FORM_REAL) return rowsReals(x->d, y->d);
  return rowsStrings(x->p, x->n, y->p, y->n);
}

static int rowsArrays(u8 type, const Str *a, const Str *b) {
  Form form = snTypeForm(type & (u8)~TYPE_ARRAY);
  ArrayIter x, y;
  ArrayItem p, q;
  bool more, other;
  int c;
  if (a->p == b->p && a->n == b->n) return 0;
  snArrayOpen(&x, a->p, a->n);
  snArrayOpen(&y, b->p, b->n);
  if (x.type != y.type) return rowsStrings(a->p, a->n, b->p, b->n);
  for (;;) {
    more = snArrayNext(&x, &p);
    other = snArrayNext(&y, &q);
    if (!more || !other) return (int)more - (int)other;
    c = rowsItems(form, &p, &q);
    if (c) return c;
  }
}

/* Of two strings of a type that are not NULL. */
static int rowsTexts(u8 type, const Str *a, const Str *b) {
  if (type & TYPE_ARRAY) return rowsArrays(type, a, b);
  if (type == TYPE_INTERVAL) return rowsIntervals(a, b);
  return rowsStrings(a->p, a->n, b->p, b->n);
}

/* Of two values that are not NULL. */
static int rowsValues(const RowCol *col, u32 a, u32 b) {
  switch (col->form) {
    case FORM_INT: return (col->i[a] > col->i[b]) - (col->i[a] < col->i[b]);
    case FORM_REAL: return rowsReals(col->d[a], col->d[b]);
    default: return rowsTexts(col->type, col->s + a, col->s + b);
  }
}

/* The same of a value of the store and row i of a vector. */
static int rowsValue(const RowCol *col, u32 a, const Vec *v, u32 i) {
  u32 at = snVecAt(v, i);
  if (col->form == FORM_REAL)
    return rowsReals(col->d[a], ((const double *)v->data)[at]);
  if (col->form != FORM_INT)
    return rowsTexts(col->type, col->s + a, (const Str *)v->data + at);
  i64 x = v->type == TYPE_BOOLEAN ? (i64)snBit((const u64 *)v->data, at)
                                  : ((const i64 *)v->data)[at];
  return (col->i[a] > x) - (col->i[a] < x);
}

/* Of two keys when one or both are NULL; false: neither is. */
static bool rowsNulls(const SortKey *k, bool x, bool y, int *c) {
  *c = x == y ? 0 : x == k->nulls_last ? 1 : -1;
  return x || y;
}

int snRowsCompare(const RowStore *r, const SortKey *keys, u32 nkeys, u32 a,
    u32 b) {
  for (u32 k = 0; k < nkeys; k++) {
    const RowCol *col = r->col + keys[k].col;
    int c;
    if (!rowsNulls(keys + k, snBit(col->nulls, a), snBit(col->nulls, b), &c)) {
      c = rowsValues(col, a, b);
      if (keys[k].desc) c = -c;
    }
    if (c) return c;
  }
  return 0;
}

int snRowsAgainst(const RowStore *r, const SortKey *keys, u32 nkeys, u32 a,
    const Vec *const *key, u32 i) {
  for (u32 k = 0; k < nkeys; k++) {
    const RowCol *col = r->col + keys[k].col;
    int c;
    if (!rowsNulls(keys + k, snBit(col->nulls, a), snVecNull(key[k], i), &c)) {
      c = rowsValue(col, a, key[k], i);
      if (keys[k].desc) c = -c;
    }
    if (c) return c;
  }
  return 0;
}

#undef ROWS_MAX

/* ---- rows made by hand -------------------------------------------------- */

void snRowsInt(RowMaker *m, i64 v) {
  m->null[m->n] = false;
  m->num[m->n++] = v;
}

void snRowsReal(RowMaker *m, double v) {
  m->null[m->n] = false;
  memcpy(m->num + m->n++, &v, sizeof v);
}

void snRowsStr(RowMaker *m, const void *p, u32 n) {
  m->null[m->n] = p == NULL;
  m->str[m->n++] = (Str){p, n, 0};
}

void snRowsText(RowMaker *m, const char *s) {
  snRowsStr(m, s, s ? (u32)strlen(s) : 0);
}

void snRowsEnd(RowMaker *m) {
  Vec v[ROWS_MAKER];
  const Vec *cols[ROWS_MAKER];
  u64 yes = 1;
  assert(m->n == m->to->ncol);
  for (u32 c = 0; c < m->n; c++) {
    u8 type = m->to->col[c].type;
    v[c] = (Vec){.type = type, .form = VEC_CONST};
    if (snTypeForm(type) == FORM_STR) v[c].data = m->str + c;
    else v[c].data = m->num + c;
    v[c].nulls = m->null[c] ? &yes : NULL;
    cols[c] = v + c;
  }
  if (!m->rc) m->rc = snRowsAdd(m->to, cols, (Rows16){NULL, 1});
  m->n = 0;
}

#undef ROWS_MONTH
