/*
** code_recall: conditions that are remembered: see vm/recall.c.
**
** The key of a condition is the table, and the expression as it was resolved:
** kinds, operators, functions, columns by their numbers, constants.  What it
** reads beside that are parameters, whose values join the key when it runs.
*/
#include "sql/plan.h"

typedef struct RecallKey {
  Compile *c;
  const Plan *p;
  u32 src;
  Buf key;
  ExprList params;
  bool other;          /* something that may differ from run to run */
  bool column;
} RecallKey;

static void recallNumber(RecallKey *k, u64 x) {
  snBufAdd(&k->key, &x, sizeof x);
}

static void recallText(RecallKey *k, const char *s, u32 n) {
  recallNumber(k, n);
  snBufAdd(&k->key, s, n);
}

static void recallColumn(RecallKey *k, const Expr *e) {
  const Table *t = k->p->src[k->src].table;
  k->column = true;
  k->other |= e->src != k->src;
  if (k->other || e->i == (i64)ROWID_COLUMN) return;
  recallNumber(k, t->col[e->i].id);
}

static void recallLeaf(RecallKey *k, const Expr *e) {
  switch (e->kind) {
  case EX_COLUMN: recallColumn(k, e); break;
  case EX_PARAM:
    if (snPlanAdd(k->c, &k->params, (Expr *)(uintptr_t)e)) k->other = true;
    break;
  case EX_INT: case EX_BOOL: recallNumber(k, (u64)e->i); break;
  case EX_REAL: snBufAdd(&k->key, &e->d, sizeof e->d); break;
  case EX_STR: case EX_BLOB: case EX_INTERVAL:
    recallText(k, e->text, e->len);
    break;
  case EX_FUNC:
    k->other |= e->func->flags & FUNC_IMPURE;
    recallText(k, e->func->name, (u32)strlen(e->func->name));
    break;
  case EX_NULL: case EX_NEG: case EX_NOT: case EX_ISNULL: case EX_IS:
  case EX_ARITH: case EX_CONCAT: case EX_COMPARE: case EX_AND: case EX_OR:
  case EX_LIKE: case EX_IN: case EX_BETWEEN: case EX_CASE: case EX_CAST:
    recallNumber(k, (u64)e->i);
    break;
  default: k->other = true;
  }
}

/* As deep as the parser allows. */
static void recallExpr(RecallKey *k, const Expr *e) {
  snBufByte(&k->key, e ? e->kind : UINT8_MAX);
  if (!e || k->other) return;
  u32 n = e->list ? e->list->n : 0;
  snBufByte(&k->key, e->op);
  snBufByte(&k->key, e->type);
  snBufByte(&k->key, e->collate);
  snBufByte(&k->key, e->negate);
  k->other |= e->filter || e->order || e->over || e->mark || e->select ||
      e->sub || e->distinct || e->star;
  recallLeaf(k, e);
  recallExpr(k, e->left);
  recallExpr(k, e->right);
  recallExpr(k, e->third);
  recallNumber(k, n);
  for (u32 i = 0; i < n; i++) recallExpr(k, e->list->v[i].e);
}

static int recallDef(RecallKey *k, RecallDef **out) {
  Compile *c = k->c;
  RecallDef *d = snCodeAlloc(c, sizeof *d);
  u32 n = k->params.n;
  if (!d || k->key.rc) return SN_NOMEM;
  d->nkey = (u32)k->key.n;
  d->key = snCodeAlloc(c, d->nkey);
  d->params = snCodeAlloc(c, sizeof *d->params + (n + 1) * sizeof(u16));
  if (!d->key || !d->params) return SN_NOMEM;
  memcpy(d->key, k->key.data, d->nkey);
  d->params->n = n;
  *out = d;
  int rc = SEINE_OK;
  for (u32 i = 0; !rc && i < n; i++)
    rc = snCodeConst(c, k->params.v[i].e, d->params->reg + i);
  return rc;
}

int snCodeRecall(Compile *c, const Env *v, u32 src, const Expr *e,
    u32 *recall) {
  const Source *s = v->plan->src + src;
  RecallKey k = {.c = c, .p = v->plan, .src = src};
  RecallDef *d = NULL;
  *recall = UINT32_MAX;
  if (v->mode[src] != SRC_CURSOR || !s->table) return SEINE_OK;
  snBufInit(&k.key, c->arena->budget);
  recallNumber(&k, s->table->id);
  recallExpr(&k, e);
  int rc = k.other || !k.column ? SEINE_OK : recallDef(&k, &d);
  snBufClear(&k.key);
  if (rc || !d) return rc;
  *recall = snCodeAdd(c, OP_Recall, v->sel, NO_REG, snProgObj(c->prog),
      s->cursor);
  snProgAt(c->prog, *recall)->p = d;
  return c->prog->rc;
}

void snCodeLearn(Compile *c, u32 recall) {
  if (recall == UINT32_MAX || c->prog->rc) return;
  const Instr i = *snProgAt(c->prog, recall);
  snCodeAdd(c, OP_Learn, i.sel, NO_REG, i.a, i.b);
  snProgJump(c->prog, recall, snCodeHere(c));
}
