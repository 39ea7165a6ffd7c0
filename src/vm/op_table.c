/*
** op_table: the rows of a function in FROM, batch by batch: never more of them
** are held than fill() gives at once.
*/
#include "vm/vmInt.h"

typedef struct TableObject {
  Object head;
  const TableFunc *func;
  TableCall call;
  RowStore rows;     /* of the last fill */
  u32 at;            /* rows of it given */
} TableObject;

static void tableFree(Object *head) {
  TableObject *o = (TableObject *)head;
  if (o->func->close) o->func->close(&o->call);
  snRowsClear(&o->rows);
  snMemFree(o);
}

static int tableRows(Run *r, TableObject *o) {
  u8 types[ROWS_MAKER];
  u32 n = (u32)strlen(o->func->types);
  for (u32 k = 0; k < n; k++) types[k] = snTableFuncType(o->func->types[k]);
  snRowsClear(&o->rows);
  o->at = 0;
  return snRowsInit(&o->rows, r->budget, types, n);
}

void snTableArg(const Vec *v, u32 row, TableArg *out) {
  u32 at = snVecAt(v, row);
  *out = (TableArg){.null = snVecNull(v, row)};
  if (out->null) return;
  switch (snTypeForm(v->type)) {
  case FORM_STR: out->s = ((const Str *)v->data)[at]; break;
  case FORM_REAL: out->d = ((const double *)v->data)[at]; break;
  default: out->i = ((const i64 *)v->data)[at];
  }
}

/* The table of a column, and what is asked of it. */
static int tableSource(Run *r, const TableDef *d, TableCall *c) {
  MatchState *m;
  c->column = d->column;
  if (d->cursor == NO_REG) return SEINE_OK;
  Cursor *cur = r->cur + d->cursor;
  c->view = cur->view;
  if (!cur->def->nmatch) return SEINE_OK;
  int rc = snCursorMatch(r, cur, 0, &m);
  c->matcher = m->m;
  return rc;
}

static int tableOpen(Run *r, const Instr *i, TableObject **out) {
  const TableDef *d = i->p;
  TableObject *o = (TableObject *)r->obj[i->a];
  *out = o;
  if (o) return SEINE_OK;
  o = snMemZero(r->budget, sizeof *o);
  if (!o) return SN_NOMEM;
  o->head.free = tableFree;
  o->func = d->func;
  r->obj[i->a] = &o->head;
  *out = o;
  TableCall *c = &o->call;
  *c = (TableCall){.func = d->func, .session = r->session, .budget = r->budget,
      .arena = &r->keep, .nargs = d->nargs, .cancelled = snRunCancelled,
      .cancel_arg = r, .error = r->error};
  c->out.to = &o->rows;
  for (u32 k = 0; k < SN_COUNT(c->arg); k++) c->arg[k].null = true;
  for (u32 k = 0; k < d->nargs; k++) /* texts stay: these are constants */
    if (d->arg[k] != NO_REG) snTableArg(snReg(r, d->arg[k]), 0, c->arg + k);
  int rc = tableRows(r, o);
  return rc ? rc : tableSource(r, d, c);
}

/* p: TableDef. */
int opTable(Run *r, const Instr *i) {
  const TableDef *d = i->p;
  TableObject *o;
  int rc = snRunCheck(r);
  if (rc) return rc;
  snRunNewBatch(r);
  rc = tableOpen(r, i, &o);
  while (!rc && o->at == o->rows.n && !o->call.done) {
    rc = tableRows(r, o);
    if (!rc) rc = d->func->fill(&o->call);
    if (!rc) rc = snRunCheck(r);
  }
  if (rc) return rc;
  u32 n = SN_MIN(r->batch_rows, o->rows.n - o->at);
  if (!n) {
    r->pc = (u32)i->jump;
    return SEINE_OK;
  }
  rc = snStoreEmit(r, &o->rows, NULL, o->at, n, d->cols);
  o->at += n;
  snSelAll(r->sel + i->sel, n);
  return rc;
}
