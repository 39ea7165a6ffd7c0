/*
** op_rows: rows that wait in memory and may be read again, while more come:
** those of a recursive WITH.
*/
#include "vm/vmInt.h"

typedef struct RowsObject {
  Object head;
  RowStore rows;
  Keys keys;
  u32 *gid;
  u64 seen;            /* distinct: keys below are rows already */
  u32 from, to;        /* of the last step */
} RowsObject;

typedef struct RowsScan {
  Object head;
  u32 at;
} RowsScan;

static void rowsFree(Object *o) {
  RowsObject *w = (RowsObject *)o;
  snRowsClear(&w->rows);
  snKeysClear(&w->keys);
  snMemFree(w->gid);
  snMemFree(w);
}

static void rowsScanFree(Object *o) { snMemFree(o); }

static int rowsObject(Run *r, u16 obj, const RowsDef *d, RowsObject **out) {
  *out = (RowsObject *)r->obj[obj];
  if (*out) return SEINE_OK;
  RowsObject *w = snMemZero(r->budget, sizeof *w);
  if (!w) return SN_NOMEM;
  w->head.free = rowsFree;
  r->obj[obj] = &w->head;
  *out = w;
  w->gid = snMemAlloc(r->budget, SN_WINDOW * sizeof *w->gid);
  int rc = snRowsInit(&w->rows, r->budget, d->types, d->cols->n);
  if (!rc && d->distinct)
    rc = snKeysInit(r->budget, &w->keys, d->types, d->cols->n);
  return rc ? rc : w->gid ? SEINE_OK : SN_NOMEM;
}

/* New keys are numbered in order; of one column, NULL is 0 wherever it is. */
static void rowsFresh(RowsObject *w, Sel *s) {
  u32 known = (u32)w->seen >> 1;
  bool null = w->seen & 1, one = w->keys.n == 1;
  if (one && !known) known = 1;
  for (u32 k = 0; k < s->n; k++) {
    if (!snBit(s->bits, k)) continue;
    u32 g = w->gid[k];
    if (one && !g) {
      if (null) snBitClear(s->bits, k);
      null = true;
    } else if (g < known) {
      snBitClear(s->bits, k);
    } else {
      known = g + 1;
    }
  }
  w->seen = (u64)known << 1 | null;
}

static void rowsMost(Run *r, RowsObject *w, const RowsDef *d, Sel *s) {
  i64 most = snRegInt(r, d->limit, -1);
  if (most < 0) return;
  i64 left = most - w->rows.n;
  for (u32 k = 0; k < s->n; k++)
    if (snBit(s->bits, k) && left-- <= 0) snBitClear(s->bits, k);
}

/* p: RowsDef. */
int opRowsAdd(Run *r, const Instr *i) {
  const RowsDef *d = i->p;
  RowsObject *w;
  Sel live = r->sel[i->sel];
  int rc = rowsObject(r, i->a, d, &w);
  if (!rc && d->distinct)
    rc = snKeysGids(r, &w->keys, d->cols->reg, &live, true, 0, w->gid);
  if (rc) return rc;
  if (d->distinct) rowsFresh(w, &live);
  rowsMost(r, w, d, &live);
  const Vec **cols = snArenaAlloc(&r->batch, (d->cols->n + 1) * sizeof *cols);
  if (!cols) return SN_NOMEM;
  for (u32 k = 0; k < d->cols->n; k++) {
    rc = snRegDecode(r, d->cols->reg[k], &live);
    if (rc) return rc;
    cols[k] = snReg(r, d->cols->reg[k]);
  }
  return snRowsAdd(&w->rows, cols, snRunSel(r, &live));
}

int opRowsNext(Run *r, const Instr *i) {
  RowsObject *w = (RowsObject *)r->obj[i->a];
  int rc = snRunCheck(r);
  if (rc) return rc;
  if (w) {
    w->from = w->to;
    w->to = w->rows.n;
    if (w->from < w->to) return SEINE_OK;
  }
  r->pc = (u32)i->jump;
  return SEINE_OK;
}

/* b: the rows; a: how far they are read; flag 1: those of the last step; p:
** registers. */
int opRows(Run *r, const Instr *i) {
  const RowsObject *w = (RowsObject *)r->obj[i->b];
  RowsScan *scan = (RowsScan *)r->obj[i->a];
  int rc = snRunCheck(r);
  if (rc) return rc;
  snRunNewBatch(r);
  if (!scan) {
    scan = snMemZero(r->budget, sizeof *scan);
    if (!scan) return SN_NOMEM;
    scan->head.free = rowsScanFree;
    r->obj[i->a] = &scan->head;
    scan->at = w && i->flag ? w->from : 0;
  }
  if (w && i->flag && scan->at < w->from) scan->at = w->from;
  u32 end = !w ? 0 : i->flag ? w->to : w->rows.n;
  u32 n = SN_MIN(r->batch_rows, end - SN_MIN(scan->at, end));
  if (!n) {
    r->pc = (u32)i->jump;
    return SEINE_OK;
  }
  rc = snStoreEmit(r, &w->rows, NULL, scan->at, n, i->p);
  scan->at += n;
  snSelAll(r->sel + i->sel, n);
  return rc;
}
