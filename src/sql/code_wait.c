/*
** code_wait: rows that wait for the answers of sub-queries.
**
** A KEYED sub-query is answered for all keys that it has, before the select
** around it begins.  Where conditions leave that one few rows, most answers
** are never asked for.  So its rows come first, up to what asks the
** sub-queries, and wait; the keys that they will ask for are noted; the
** sub-queries run, with one more condition: that their key was noted; then the
** rows go on.
**
**   FROM:  SortAdd of what the rest reads;  LookAdd of the keys
**   each sub-query, its rows under Look
**   Sorted:  the conditions that ask;  body
**
** What few is, is a guess (plan_order.c).
*/
#include "sql/plan.h"

#ifdef SEINE_TEST
#define WAIT_LEAST 64u /* rows of a table in the sub-query */
#else
#define WAIT_LEAST 16384u
#endif

/* ---- may they wait? ----------------------------------------------------- */

/* What stands behind groups and windows, or asks itself. */
static bool waitBehind(void *arg, Expr **at) {
  bool *behind = arg;
  switch ((*at)->kind) {
  case EX_SLOT: case EX_WINDOW: case EX_LOOKUP: case EX_SCORE: case EX_WHY:
  case EX_HIT:
    *behind = true;
    break;
  default: break;
  }
  return !*behind;
}

static bool waitIsOfRows(const Plan *p, const Expr *e) {
  Expr *root = (Expr *)(uintptr_t)e;
  bool behind = false;
  snAstWalk(&root, waitBehind, &behind);
  return !behind && snPlanSources(p, e);
}

/* The key of a sub-query as its rows have it. */
static Expr *waitInner(const Sub *s, u32 k) {
  const Plan *p = s->plan;
  Expr *e = p->out[s->nval + k].e;
  if (e->kind == EX_SLOT && e->i < p->key.n) e = p->key.v[e->i].e;
  return waitIsOfRows(p, e) ? e : NULL;
}

/* All that asks a sub-query must ask by the same keys. */
typedef struct WaitAsk {
  const Sub *sub;
  const ExprList *keys;
  u32 n;
  bool differs;
} WaitAsk;

static bool waitAsked(void *arg, Expr **at) {
  WaitAsk *w = arg;
  const Expr *e = *at;
  if (e->kind != EX_LOOKUP || e->sub != w->sub) return true;
  if (!w->keys) w->keys = e->list;
  for (u32 k = 0; k < w->sub->nkeys; k++)
    w->differs |= !snAstSame(e->list->v[k].e, w->keys->v[k].e);
  w->n++;
  return true;
}

static bool waitAsks(const Expr *e, const Sub *s) {
  Expr *root = (Expr *)(uintptr_t)e;
  WaitAsk w = {.sub = s};
  snAstWalk(&root, waitAsked, &w);
  return w.n > 0;
}

static bool waitMay(Plan *p, Sub *s) {
  WaitAsk w = {.sub = s};
  u32 where = 0, on;
  if (s->mode != SUB_KEYED || snPlanIsLeaf(s->plan) || !s->nkeys)
    return false;
  for (u32 i = 0; i < p->conj.n; i++)
    snAstWalk(&p->conj.v[i].e, waitAsked, &w);
  where = w.n;
  for (u32 k = 0; k < p->nsrc; k++)
    for (u32 i = 0; i < p->src[k].on.n; i++)
      snAstWalk(&p->src[k].on.v[i].e, waitAsked, &w);
  on = w.n - where;
  snPlanWalk(p, PART_REST, waitAsked, &w);
  if (!where || on || w.differs) return false;
  for (u32 k = 0; k < s->nkeys; k++)
    if (!waitIsOfRows(p, w.keys->v[k].e) || !waitInner(s, k)) return false;
  s->asked = w.keys;
  return true;
}

bool snWaitFind(Plan *p) {
  bool any = false;
  /* The one table of a select with a LIMIT is read in the order asked for. */
  if (snPlanIsLeaf(p) || !p->nsrc || (p->nsrc == 1 && !p->grouped &&
                                         p->s->limit))
    return false;
  for (Sub *s = p->subs; s; s = s->next) {
    s->waits = waitMay(p, s) && snPlanIsFew(p, s->plan, WAIT_LEAST);
    any |= s->waits;
  }
  return any;
}

/* ---- the rows that wait ------------------------------------------------- */

typedef struct WaitArg {
  Plan *p;
  ExprList leaf;       /* what the rest reads */
  SortDef *def;
  u16 obj;
} WaitArg;

/* Notes the keys of a sub-query; s->keys asks for them later. */
static int waitKeys(Compile *c, Env *v, Sub *s) {
  u32 n = s->nkeys;
  Sub *k = s->keys = snArenaZero(c->arena, sizeof *k);
  LookDef *d = snCodeAlloc(c, sizeof *d);
  RegList *l = snCodeAlloc(c, sizeof *l + (n + 1) * sizeof(u16));
  u8 *types = snCodeAlloc(c, n + 1);
  int rc = k && d && l && types ? SEINE_OK : SN_NOMEM;
  for (u32 i = 0; !rc && i < n; i++) {
    types[i] = s->asked->v[i].e->type;
    rc = snCodeExpr(c, v, s->asked->v[i].e, &l->reg[i]);
  }
  if (rc) return rc;
  l->n = n;
  *d = (LookDef){.kind = LOOK_FOUND, .nkeys = n, .types = types, .cols = l};
  *k = (Sub){.kind = SUB_EXISTS, .mode = SUB_KEYED, .nkeys = n,
      .obj = snProgObj(c->prog), .reg = NO_REG, .def = d};
  u32 at = snCodeAdd(c, OP_LookAdd, v->sel, NO_REG, k->obj, NO_REG);
  snProgAt(c->prog, at)->p = d;
  return c->prog->rc;
}

static int waitRow(Compile *c, Env *v, void *arg) {
  WaitArg *w = arg;
  SortDef *d = w->def;
  int rc = SEINE_OK;
  for (u32 k = 0; !rc && k < w->leaf.n; k++)
    rc = snCodeExpr(c, v, w->leaf.v[k].e, &d->cols->reg[k]);
  if (rc) return rc;
  u32 at = snCodeAdd(c, OP_SortAdd, v->sel, NO_REG, w->obj, NO_REG);
  snProgAt(c->prog, at)->p = d;
  for (Sub *s = w->p->subs; !rc && s; s = s->next)
    if (s->waits) rc = waitKeys(c, v, s);
  return rc ? rc : c->prog->rc;
}

static int waitDef(Compile *c, WaitArg *w) {
  u32 n = w->leaf.n;
  SortDef *d = w->def = snCodeAlloc(c, sizeof *d);
  if (!d) return SN_NOMEM;
  *d = (SortDef){.ncol = n, .limit = NO_REG, .offset = NO_REG};
  d->types = snCodeAlloc(c, n + 1);
  d->cols = snCodeAlloc(c, sizeof *d->cols + (n + 1) * sizeof(u16));
  if (!d->types || !d->cols) return SN_NOMEM;
  for (u32 k = 0; k < n; k++) d->types[k] = w->leaf.v[k].e->type;
  d->cols->n = n;
  w->obj = snProgObj(c->prog);
  return c->prog->rc;
}

/* Conditions that ask leave WHERE, and come behind. */
static int waitConditions(Compile *c, Plan *p, ExprList *held) {
  ExprList all = p->conj;
  int rc = SEINE_OK;
  p->conj = (ExprList){0};
  for (u32 i = 0; !rc && i < all.n; i++) {
    Expr *e = all.v[i].e;
    bool asks = false;
    for (const Sub *s = p->subs; s; s = s->next)
      asks |= s->waits && waitAsks(e, s);
    rc = snPlanAdd(c, asks ? held : &p->conj, e);
    if (!rc && asks) rc = snCodeLeaves(c, e, &p->more);
  }
  return rc;
}

/* ---- the sub-queries, and the rest -------------------------------------- */

static int waitSub(Compile *c, Sub *s) {
  Expr *e = snAstNew(c->p, EX_LOOKUP, s->plan->s->at);
  if (!e) return c->p->rc;
  e->op = SUB_EXISTS;
  e->type = TYPE_BOOLEAN;
  e->sub = s->keys;
  for (u32 k = 0; k < s->nkeys; k++)
    e->list = snAstList(c->p, e->list, waitInner(s, k));
  int rc = c->p->rc ? c->p->rc : snPlanAdd(c, &s->plan->conj, e);
  return rc ? rc : snCodeSub(c, s);
}

static int waitRest(Compile *c, WaitArg *w, const ExprList *held, Consume fn,
    void *arg) {
  Env v;
  int rc = snEnvInit(c, &v, w->p, snProgSel(c->prog));
  RegList *l = snCodeAlloc(c, sizeof *l + (w->leaf.n + 1) * sizeof(u16));
  if (rc || !l) return SN_NOMEM;
  l->n = w->leaf.n;
  for (u32 k = 0; !rc && k < l->n; k++) {
    l->reg[k] = snProgReg(c->prog, w->leaf.v[k].e->type);
    rc = snEnvBind(c, &v, w->leaf.v[k].e, l->reg[k]);
  }
  u32 at = snCodeAdd(c, OP_Sort, NO_REG, NO_REG, w->obj, NO_REG);
  snProgAt(c->prog, at)->p = w->def;
  u32 next = snCodeAdd(c, OP_Sorted, v.sel, NO_REG, w->obj, NO_REG);
  snProgAt(c->prog, next)->p = l;
  for (u32 i = 0; !rc && i < held->n; i++) {
    u16 reg;
    rc = snCodeExpr(c, &v, held->v[i].e, &reg);
    snCodeAdd(c, OP_Select, v.sel, NO_REG, reg, NO_REG);
  }
  at = snCodeAdd(c, OP_Empty, v.sel, NO_REG, NO_REG, NO_REG);
  snProgJump(c->prog, at, next);
  if (!rc) rc = fn(c, &v, arg);
  snCodeLoop(c, next);
  return rc ? rc : c->prog->rc;
}

int snWaitFrom(Compile *c, Plan *p, Consume fn, void *arg) {
  WaitArg w = {.p = p};
  ExprList held = {0};
  int rc = waitConditions(c, p, &held);
  for (Sub *s = p->subs; !rc && s; s = s->next)
    for (u32 k = 0; !rc && s->waits && k < s->nkeys; k++)
      rc = snCodeLeaves(c, s->asked->v[k].e, &p->more);
  if (!rc) rc = snCodeNeeds(c, p, &w.leaf);
  if (!rc) rc = waitDef(c, &w);
  p->waits = false; /* no more: this is FROM itself */
  if (!rc) rc = snCodeFrom(c, p, waitRow, &w);
  for (Sub *s = p->subs; !rc && s; s = s->next)
    if (s->waits) rc = waitSub(c, s);
  return rc ? rc : waitRest(c, &w, &held, fn, arg);
}
#undef WAIT_LEAST
