/*
** op_sort: rows that wait: to be put in order, to be given window functions,
** or as the answer of a pragma.
*/
#include "vm/vmInt.h"

static void sortFree(Object *o) {
  StoreObject *s = (StoreObject *)o;
  snRowsClear(&s->rows);
  snMemFree(s->order);
  snPassClear(&s->pass);
  snMemFree(s);
}

static int sortEmpty(Object *o) {
  StoreObject *s = (StoreObject *)o;
  snRowsClear(&s->rows);
  s->n = s->at = 0;
  return snRowsInit(&s->rows, &s->budget, s->types, s->ncol);
}

int snStoreObject(Run *r, u16 obj, const u8 *types, u32 ncol,
    StoreObject **out) {
  *out = (StoreObject *)r->obj[obj];
  if (*out) return SEINE_OK;
  StoreObject *s = snMemZero(r->budget, sizeof *s);
  if (!s) return SN_NOMEM;
  s->head = (Object){sortFree, sortEmpty, &s->pass};
  s->budget.parent = r->budget;
  s->types = types;
  s->ncol = ncol;
  r->obj[obj] = &s->head;
  *out = s;
  return sortEmpty(&s->head);
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

/* Bytes that sorting takes for each row, and its place. */
#define SORT_ROW 40u

/* The rows at from .. from + n of the order are all that is kept. */
static int sortTake(Run *r, StoreObject *o, const SortDef *d,
    const u32 *order, u32 from, u32 n) {
  RowStore fresh;
  int rc = snRowsInit(&fresh, &o->budget, d->types, d->ncol);
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
  for (u32 at = 0, k; !rc && at < n; at += k) {
    k = SN_MIN(SN_WINDOW, n - at);
    for (u32 c = 0; c < d->ncol; c++)
      snRowsEmit(&o->rows, c, order, from + at, k, v + c);
    rc = snRowsAdd(&fresh, cols, (Rows16){NULL, k});
  }
  for (u32 c = 0; v && c < d->ncol; c++) {
    snMemFree(v[c].buf);
    snMemFree(v[c].null_buf);
  }
  snMemFree(v);
  snMemFree(cols);
  snRowsClear(rc ? &fresh : &o->rows);
  if (!rc) o->rows = fresh;
  return rc;
}

/* Keeps the rows that can still be among the first `top`. */
static int sortShrink(Run *r, StoreObject *o, const SortDef *d) {
  u32 *order, keep = (u32)SN_MIN(o->top, (u64)o->rows.n);
  int rc = snRowsSort(&o->rows, d->keys, d->nkeys, &order);
  if (!rc) rc = sortTake(r, o, d, order, 0, keep);
  snMemFree(order);
  if (rc) return rc;
  o->known = true;
  o->upper.set = false;
  if (o->rows.n >= o->top) snEdgeSet(&o->upper, &o->rows, keep - 1, d->keys);
  if (o->upper.set && d->eager)
    o->bound_ref = o->rows.col[d->ncol - 1].i[keep - 1];
  if (o->marked) snEdgeSet(&o->lower, &o->rows, 0, d->keys);
  return SEINE_OK;
}

/* ---- rows that memory does not hold at once ------------------------------ */

/* Drops rows that the passes before have given. */
static int sortGiven(Run *r, StoreObject *o, const SortDef *d, Sel *s) {
  const Vec **key = snArenaAlloc(&r->batch, d->nkeys * sizeof *key);
  int rc = key ? SEINE_OK : SN_NOMEM;
  if (!rc && o->lower.set)
    rc = snEdgeCut(r, &o->lower, d->cols->reg[d->keys->col], d->keys, false,
        false, s);
  for (u32 k = 0; !rc && k < d->nkeys; k++) {
    u16 reg = d->cols->reg[d->keys[k].col];
    rc = snRegDecode(r, reg, s);
    key[k] = snReg(r, reg);
  }
  for (u32 i = 0; !rc && i < s->n; i++) {
    if (!snBit(s->bits, i)) continue;
    int c = snRowsAgainst(&o->rows, d->keys, d->nkeys, 0, key, i);
    if (c > 0 || (!c && o->met++ < o->ties)) snBitClear(s->bits, i);
  }
  return rc;
}

/* The first half of the rows is given in this pass, the others are dropped.
** What was dropped before lies behind the first `top`, and is not there. */
static int sortHalve(Run *r, StoreObject *o, const SortDef *d) {
  u32 half = o->rows.n / 2;
  o->top = o->cut ? SN_MIN(o->top, half) : half;
  o->cut = true;
  return sortShrink(r, o, d);
}

/* Columns double before they are sorted, and others need something, too. */
static bool sortOver(Run *r, const StoreObject *o) {
  i64 used = snMemUsed(&o->budget);
  return o->rows.n > SN_WINDOW && snPassOver(r, &o->budget,
      2 * used + used / 2 + (i64)o->rows.n * SORT_ROW);
}

/* All rows of the pass were given: the last one stays, and the program begins
** anew. */
static int sortAgain(Run *r, StoreObject *o) {
  const SortDef *d = r->prog->code[o->end].p;
  u32 last = o->n - 1, k = last;
  while (k && !snRowsCompare(&o->rows, d->keys, d->nkeys, o->order[k - 1],
             o->order[last]))
    k--;
  u64 given = o->marked && !k ? o->ties + last : last - k + 1;
  int rc = sortTake(r, o, d, o->order, last, 1);
  snMemFree(o->order);
  o->order = NULL;
  o->n = o->at = 0;
  o->ties = given;
  o->met = 0;
  o->marked = true;
  o->cut = o->upper.set = false;
  if (rc) return rc;
  o->top = sortTop(r, d);
  if (o->top) o->top++;
  snEdgeSet(&o->lower, &o->rows, 0, d->keys);
  snPassAgain(r, o->from, o->end);
  return SEINE_OK;
}

/* Are there so many rows that the last ones should go, or enough to know for
** the first time which one is the last? */
static bool sortIsMany(const StoreObject *o, const SortDef *d) {
  u64 beside = d->eager ? 0 : 4 * SN_WINDOW;
  return o->top && (o->rows.n > o->top * 4 + beside ||
      (!o->known && o->rows.n >= o->top));
}

/* Drops rows that have no place among the first `top`. */
static int sortBeyond(Run *r, StoreObject *o, const SortDef *d, Sel *s) {
  bool bounds = o->top && o->top < SN_WINDOW && !o->marked;
  if (!o->upper.set && !bounds) return SEINE_OK;
  u16 reg = d->cols->reg[d->keys->col];
  bool sole = d->nkeys == 1; /* of equal rows the first come first */
  return o->upper.set
      ? snEdgeCut(r, &o->upper, reg, d->keys, true, sole, s)
      : snEdgeFirst(r, reg, d->keys, (u32)o->top, sole, s);
}

/* p: SortDef, whose columns are its registers. */
int opSortAdd(Run *r, const Instr *i) {
  const SortDef *d = i->p;
  Sel *s = r->sel + i->sel;
  StoreObject *o;
  bool fresh = !r->obj[i->a];
  int rc = snStoreObject(r, i->a, d->types, d->ncol, &o);
  if (!rc && fresh) o->top = d->nkeys ? sortTop(r, d) : 0;
  if (!rc && o->pass.mask)
    rc = snPassRows(r, &o->pass, d->part, d->npart, s, s);
  if (!rc && o->marked) rc = sortGiven(r, o, d, s);
  if (!rc) rc = sortBeyond(r, o, d, s);
  if (!rc) rc = snStoreAdd(r, o, s, d->cols);
  if (!rc && sortIsMany(o, d)) rc = sortShrink(r, o, d);
  if (!rc && d->nkeys && sortOver(r, o) &&
      (o->cut || snPassWhole(r->prog, i->a, &o->from, &o->end)))
    rc = sortHalve(r, o, d);
  if (!rc && d->parts && sortOver(r, o))
    rc = snPartMore(r, d->parts, i->a);
  return rc;
}

int opSort(Run *r, const Instr *i) {
  const SortDef *d = i->p;
  StoreObject *o;
  int rc = snStoreObject(r, i->a, d->types, d->ncol, &o);
  if (rc) return rc;
  o->n = o->cut ? (u32)SN_MIN(o->top, (u64)o->rows.n) : o->rows.n;
  o->at = o->marked;
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
  if (!n && o && o->cut) return sortAgain(r, o);
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

#undef SORT_ROW
