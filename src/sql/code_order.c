/*
** code_order: the first key of ORDER BY as bound.c reads it, so that windows
** whose rows cannot be among the first are not read.
**
** A key that holds anything else than numbers, moments and what bound.c knows
** has no bounds, and the table is read from its first row to its last.
*/
#include "sql/plan.h"

typedef struct OrderBuild {
  Compile *c;
  const Plan *p;
  BoundDef *def;
  int rc;
} OrderBuild;

static bool orderAdd(OrderBuild *b, const Expr *e);

static bool orderNode(OrderBuild *b, BoundNode n) {
  if (b->def->n == BOUND_NODES) return false;
  b->def->node[b->def->n++] = n;
  return true;
}

static bool orderIsNumber(u8 type) {
  return type == TYPE_INTEGER || type == TYPE_REAL;
}

static bool orderIsSpan(u8 type) {
  return orderIsNumber(type) || type == TYPE_TIMESTAMP || type == TYPE_DATE;
}

static bool orderConst(OrderBuild *b, const Expr *e) {
  BoundNode n = {.op = BOUND_CONST, .type = e->type};
  if (!orderIsSpan(e->type)) return false;
  b->rc = snCodeConst(b->c, e, &n.reg);
  return !b->rc && orderNode(b, n);
}

static bool orderColumn(OrderBuild *b, const Expr *e) {
  return orderIsSpan(e->type) && b->p->src[e->src].table &&
      orderNode(b, (BoundNode){.op = BOUND_COLUMN, .type = e->type,
                       .column = (u32)e->i});
}

/* The score of one match; another one beside it has no place. */
static bool orderScore(OrderBuild *b, const Expr *e) {
  BoundDef *d = b->def;
  if (d->scored && d->slot != e->slot) return false;
  d->scored = true;
  d->slot = (u16)e->slot;
  return orderNode(b, (BoundNode){.op = BOUND_SCORE, .type = e->type});
}

static bool orderArith(OrderBuild *b, const Expr *e) {
  static const u8 ops[] = {BOUND_ADD, BOUND_SUB, BOUND_MUL, BOUND_DIV};
  if (e->op > AR_DIV || (e->op == AR_DIV && e->type != TYPE_REAL) ||
      !orderIsNumber(e->type) || !orderIsNumber(e->left->type) ||
      !orderIsNumber(e->right->type))
    return false;
  return orderAdd(b, e->left) && orderAdd(b, e->right) &&
      orderNode(b, (BoundNode){.op = ops[e->op], .type = e->type});
}

/* What a CASE may give: its conditions are not looked at. */
static bool orderCase(OrderBuild *b, const Expr *e) {
  BoundNode either = {.op = BOUND_EITHER, .type = e->type};
  Expr *none = snAstNew(b->c->p, EX_NULL, e->at);
  if (!none || !orderIsSpan(e->type)) return false;
  none->type = e->type;
  if (!orderAdd(b, e->right ? e->right : none)) return false;
  for (u32 k = 1; k < e->list->n; k += 2)
    if (!orderAdd(b, e->list->v[k].e) || !orderNode(b, either)) return false;
  return true;
}

static bool orderFuncOp(const Func *f, u8 *op) {
  static const struct { const char *name; u8 op; } known[] = {
    {"exp", BOUND_RISE}, {"sqrt", BOUND_RISE_FROM}, {"ln", BOUND_RISE_ABOVE},
    {"log2", BOUND_RISE_ABOVE}, {"log10", BOUND_RISE_ABOVE},
    {"gauss_decay", BOUND_NEAR}, {"exp_decay", BOUND_NEAR},
    {"linear_decay", BOUND_NEAR},
  };
  for (u32 k = 0; k < SN_COUNT(known); k++) {
    *op = known[k].op;
    if (!strcmp(f->name, known[k].name)) return true;
  }
  *op = BOUND_RISE_ABOVE; /* log(x): to the base 10 */
  return !strcmp(f->name, "log") && !strcmp(f->args, "r");
}

static bool orderFunc(OrderBuild *b, const Expr *e) {
  u32 n = e->list ? e->list->n : 0;
  BoundNode f = {.type = e->type};
  if (!n || n > BOUND_ARGS || !orderFuncOp(e->func, &f.op)) return false;
  f.arg = e->list->v[0].e->type;
  if (f.arg != TYPE_REAL && f.arg != TYPE_TIMESTAMP) return false;
  FuncCallDef *d = snCodeAlloc(b->c, sizeof *d + n * sizeof(u16));
  if (!d || !orderAdd(b, e->list->v[0].e)) return false;
  d->func = e->func;
  d->n = n;
  for (u32 k = 1; k < n; k++) {
    if (!snResolveConst(e->list->v[k].e)) return false;
    b->rc = snCodeConst(b->c, e->list->v[k].e, &d->arg[k]);
    if (b->rc) return false;
  }
  f.call = d;
  return orderNode(b, f);
}

static bool orderCast(OrderBuild *b, const Expr *e) {
  return e->type == TYPE_REAL && orderIsNumber(e->left->type) &&
      orderAdd(b, e->left) &&
      orderNode(b, (BoundNode){.op = BOUND_REAL, .type = e->type});
}

/* As deep as the parser allows. */
static bool orderAdd(OrderBuild *b, const Expr *e) {
  if (snResolveConst(e)) return orderConst(b, e);
  switch (e->kind) {
  case EX_COLUMN: return orderColumn(b, e);
  case EX_SCORE: return orderScore(b, e);
  case EX_ARITH: return orderArith(b, e);
  case EX_CASE: return orderCase(b, e);
  case EX_FUNC: return orderFunc(b, e);
  case EX_CAST: return orderCast(b, e);
  case EX_NEG:
    return orderIsNumber(e->type) && orderAdd(b, e->left) &&
        orderNode(b, (BoundNode){.op = BOUND_NEG, .type = e->type});
  default: return false;
  }
}

int snCodeOrder(Compile *c, const Plan *p, u16 obj, const SortDef *sort,
    const VisitDef **out) {
  const ExprItem *key = p->order.v;
  VisitDef *d = snCodeAlloc(c, sizeof *d);
  BoundDef *def = snCodeAlloc(c, sizeof *def);
  OrderBuild b = {c, p, def, SEINE_OK};
  *out = NULL;
  if (!d || !def) return SN_NOMEM;
  bool good = orderAdd(&b, key->e);
  *d = (VisitDef){sort, obj, key->desc, key->nulls_last, key->e->type, def};
  if (good) *out = d;
  return b.rc ? b.rc : c->p->rc ? c->p->rc : c->prog->rc;
}
