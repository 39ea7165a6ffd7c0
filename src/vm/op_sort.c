/*
** op_sort: rows that wait: to be put in order, to be given window functions,
** or as the answer of a pragma.
*/
#include "vm/vmInt.h"

static void sortFree(Object *o) {
  StoreObject *s = (StoreObject *)o;
  snRowsClear(&s->rows);
  snMemFree(s->order);
  snMemFree(s);
}

int snStoreObject(Run *r, u16 obj, const u8 *types, u32 ncol,
    StoreObject **out) {
  *out = (StoreObject *)r->obj[obj];
  if (*out) return SEINE_OK;
  StoreObject *s = snMemZero(r->budget, sizeof *s);
  if (!s) return SN_NOMEM;
  s->head.free = sortFree;
  r->obj[obj] = &s->head;
  *out = s;
  return snRowsInit(&s->rows, r->budget, types, ncol);
}

int snStoreAdd(Run *r, StoreObject *o, const Sel *s, const RegList *list) {
  const Vec **cols = snArenaAlloc(&r->batch, (list->n + 1) * sizeof *cols);
  if (!cols) return SN_NOMEM;
  for (u32 k = 0; k < list->n; k++) {
    int rc = snRegDecode(r, list->reg[k], s);
    if (rc) return rc;
    cols[k] = snReg(r, list->reg[k]);
  }
  return snRowsAdd(&o->rows, cols, snRunSel(r, s));
}

static u64 sortTop(Run *r, const SortDef *d) {
  i64 limit = snRegInt(r, d->limit, -1), skip = snRegInt(r, d->offset, 0);
  if (limit < 0 || limit > 1000000) return 0;
  if (skip < 0) skip = 0;
  return skip > 1000000 ? 0 : (u64)(limit + skip) + 1;
}

/* After a shrink the last row kept bounds the first key: what lies beyond it
** is not copied any more. */
static void sortBound(StoreObject *o, const SortDef *d) {
  const RowCol *c = o->rows.col + d->keys[0].col;
  u32 last = o->rows.n - 1;
  bool bytes = c->form == FORM_STR && !(c->type & TYPE_ARRAY) &&
      c->type != TYPE_INTERVAL; /* by which they are sorted */
  o->bounded = o->rows.n >= o->top && (bytes || c->form != FORM_STR) &&
      !(c->nulls && snBit(c->nulls, last));
  if (!o->bounded) return;
  o->bound_dict = 0;
  if (bytes) o->bound_str = c->s[last];
  else if (c->form == FORM_INT) o->bound_int = c->i[last];
  else o->bound_real = c->d[last];
  if (d->eager) o->bound_ref = o->rows.col[d->ncol - 1].i[last];
  if (c->form == FORM_REAL && isnan(o->bound_real)) o->bounded = false;
}

/* Where the bound stands in the dictionary of v: what lies before bound_code is
** below it, what lies from bound_next on is above. */
static int sortSeek(StoreObject *o, const Vec *v) {
  bool exact;
  if (o->bound_dict == v->dict_key) return SEINE_OK;
  int rc = snDictSeek(v->dict, o->bound_str.p, o->bound_str.n,
      &o->bound_code, &exact);
  o->bound_next = o->bound_code + exact;
  o->bound_dict = v->dict_key;
  return rc;
}

static bool sortBeyondStr(const StoreObject *o, const Vec *v, u32 at,
    bool desc) {
  if (v->form == VEC_CODE) {
    u32 code = ((const u32 *)v->data)[at];
    return desc ? code < o->bound_code : code >= o->bound_next;
  }
  const Str *s = (const Str *)v->data + at;
  int c = snStrCmp(s->p, s->n, o->bound_str.p, o->bound_str.n);
  return desc ? c < 0 : c > 0;
}

static bool sortBeyond(const StoreObject *o, const Vec *v, u32 i, bool desc) {
  u32 at = snVecAt(v, i);
  if (v->type == TYPE_BOOLEAN) return false;
  switch (snTypeForm(v->type)) {
  case FORM_STR: return sortBeyondStr(o, v, at, desc);
  case FORM_INT: {
    i64 x = ((const i64 *)v->data)[at];
    return desc ? x < o->bound_int : x > o->bound_int;
  }
  default: {
    double x = ((const double *)v->data)[at];
    return desc ? x < o->bound_real : x > o->bound_real;
  }
  }
}

static int sortPrune(Run *r, StoreObject *o, const SortDef *d, Sel *s) {
  const SortKey *k = d->keys;
  u16 reg = d->cols->reg[k->col];
  const Vec *v = snReg(r, reg);
  int rc = SEINE_OK;
  if (v->form == VEC_CODE) rc = sortSeek(o, v);
  else if (snTypeForm(v->type) == FORM_STR) rc = snRegDecode(r, reg, s);
  for (u32 w = 0; !rc && w < SN_WORDS; w++) {
    u64 keep = s->bits[w];
    for (u64 b = keep; b; b &= b - 1) {
      u32 i = w * 64 + (u32)__builtin_ctzll(b);
      bool null = snVecNull(v, i);
      if (null ? k->nulls_last : sortBeyond(o, v, i, k->desc))
        keep &= ~(b & (0 - b));
    }
    s->bits[w] = keep;
  }
  return rc;
}

/* Keeps the rows that can still be among the first `top`. */
static int sortShrink(Run *r, StoreObject *o, const SortDef *d) {
  RowStore fresh;
  u32 *order, keep = (u32)SN_MIN(o->top, (u64)o->rows.n);
  int rc = snRowsSort(&o->rows, d->keys, d->nkeys, &order);
  if (rc) return rc;
  rc = snRowsInit(&fresh, r->budget, d->types, d->ncol);
  Vec *v = snMemZero(r->budget, (d->ncol + 1) * sizeof *v);
  const Vec **cols = snMemZero(r->budget, (d->ncol + 1) * sizeof *cols);
  if (!rc && (!v || !cols)) rc = SN_NOMEM;
  for (u32 c = 0; !rc && c < d->ncol; c++) {
    v[c].type = d->types[c];
    v[c].data = v[c].buf = snMemAlloc(r->budget, SN_WINDOW * sizeof(Str));
    v[c].null_buf = snMemAlloc(r->budget, SN_WORDS * 8);
    cols[c] = v + c;
    if (!v[c].buf || !v[c].null_buf) rc = SN_NOMEM;
  }
  for (u32 at = 0; !rc && at < keep; at += SN_WINDOW) {
    u32 n = SN_MIN(SN_WINDOW, keep - at);
    for (u32 c = 0; c < d->ncol; c++)
      snRowsEmit(&o->rows, c, order, at, n, v + c);
    rc = snRowsAdd(&fresh, cols, (Rows16){NULL, n});
  }
  for (u32 c = 0; v && c < d->ncol; c++) {
    snMemFree(v[c].buf);
    snMemFree(v[c].null_buf);
  }
  snMemFree(v);
  snMemFree(cols);
  snMemFree(order);
  if (rc) {
    snRowsClear(&fresh);
    return rc;
  }
  snRowsClear(&o->rows);
  o->rows = fresh;
  sortBound(o, d);
  return SEINE_OK;
}

/* p: SortDef, whose columns are its registers. */
int opSortAdd(Run *r, const Instr *i) {
  const SortDef *d = i->p;
  StoreObject *o;
  bool fresh = !r->obj[i->a];
  int rc = snStoreObject(r, i->a, d->types, d->ncol, &o);
  if (!rc && fresh) o->top = d->nkeys ? sortTop(r, d) : 0;
  if (!rc && o->bounded) rc = sortPrune(r, o, d, r->sel + i->sel);
  if (!rc) rc = snStoreAdd(r, o, r->sel + i->sel, d->cols);
  if (!rc && o->top && o->rows.n > o->top * 4 + (d->eager ? 0 : 4 * SN_WINDOW))
    rc = sortShrink(r, o, d);
  return rc;
}

int opSort(Run *r, const Instr *i) {
  const SortDef *d = i->p;
  StoreObject *o;
  int rc = snStoreObject(r, i->a, d->types, d->ncol, &o);
  if (rc) return rc;
  o->n = o->rows.n;
  return d->nkeys ? snRowsSort(&o->rows, d->keys, d->nkeys, &o->order)
                  : SEINE_OK;
}

/* Rows at .. at + n of a store to registers, one per column (NO_REG: not
** wanted). */
int snStoreEmit(Run *r, const RowStore *rows, const u32 *order, u32 at, u32 n,
    const RegList *list) {
  for (u32 c = 0; c < list->n; c++) {
    if (list->reg[c] == NO_REG) continue;
    int rc = snRegFlat(r, list->reg[c]);
    if (!rc && !snRegNulls(r, list->reg[c])) rc = SN_NOMEM;
    if (rc) return rc;
    snRowsEmit(rows, c, order, at, n, snReg(r, list->reg[c]));
  }
  return SEINE_OK;
}

/* p: registers. */
int opSorted(Run *r, const Instr *i) {
  const RegList *list = i->p;
  StoreObject *o = (StoreObject *)r->obj[i->a];
  int rc = snRunCheck(r);
  if (rc) return rc;
  snRunNewBatch(r);
  u32 n = o ? SN_MIN(r->batch_rows, o->n - o->at) : 0;
  if (!n) {
    r->pc = (u32)i->jump;
    return SEINE_OK;
  }
  rc = snStoreEmit(r, &o->rows, o->order, o->at, n, list);
  if (rc) return rc;
  o->at += n;
  snSelAll(r->sel + i->sel, n);
  return SEINE_OK;
}

/* p: WindowDef.  Result columns are appended to the store. */
int opWinRun(Run *r, const Instr *i) {
  const WindowDef *d = i->p;
  StoreObject *o;
  int rc = snStoreObject(r, i->a, d->types, d->ncol, &o);
  u32 *sorted = NULL;
  const WindowCall *last = NULL;
  for (u32 k = 0; !rc && k < d->ncall; k++) {
    WindowCall w = d->call[k];
    u32 nkeys = w.npart + w.norder;
    u8 ret = d->ret[k];
    rc = snRowsAddColumn(&o->rows, ret, &w.out);
    bool same = last && last->part == w.part && last->order == w.order &&
        last->npart == w.npart && last->norder == w.norder;
    if (!rc && !same) { /* part and order keys stand in one array */
      snMemFree(sorted);
      sorted = NULL;
      rc = snRowsSort(&o->rows, w.part, nkeys, &sorted);
    }
    last = d->call + k;
    if (!rc)
      rc = snWindowRun(&o->rows, sorted, &w, snRunCancelled, r, r->error);
  }
  snMemFree(sorted);
  o->n = o->rows.n;
  return rc;
}
