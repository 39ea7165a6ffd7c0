/*
** code_select: the stages behind FROM: groups, windows, columns, DISTINCT,
** ORDER BY, LIMIT; and the short way for the best k of a search.
*/
#include "sql/plan.h"

typedef struct Stage {
  Plan *p;
  ConsumeRow fn;
  void *arg;
  u16 obj;             /* of the stage under way */
  RegList *list;       /* columns it keeps */
  ExprList cols;       /* what they are */
  bool late;           /* columns are fetched after sorting */
  u16 limit_obj, limit, offset;
  u32 limit_jump;      /* the Limit instruction, to be patched */
  bool has_limit;
  GroupDef *group;
  bool *own;           /* by key: it tells groups apart; else it follows */
  struct StageSet { GroupDef *def; u16 obj; } *set; /* of GROUPING SETS */
  SortDef *sort;
  WindowDef *win;
  PartsDef *parts;     /* of partitions */
} Stage;

/* ---- the end: DISTINCT, LIMIT, the row ---------------------------------- */

static int selectLimit(Compile *c, Stage *t, u16 sel) {
  if (!t->has_limit) return SEINE_OK;
  t->limit_jump = snCodeAdd(c, OP_Limit, sel, NO_REG, t->limit_obj,
      t->limit);
  snProgAt(c->prog, t->limit_jump)->c = t->offset;
  return c->prog->rc;
}

static int selectEmit(Compile *c, Stage *t, Env *v, bool limit) {
  Plan *p = t->p;
  u16 *reg = snCodeAlloc(c, (p->nout + 1) * sizeof *reg);
  if (!reg) return SN_NOMEM;
  if (limit && !p->s->distinct) {
    int rc = selectLimit(c, t, v->sel);
    if (rc) return rc;
  }
  for (u32 k = 0; k < p->nout; k++) {
    int rc = snCodeExpr(c, v, p->out[k].e, &reg[k]);
    if (rc) return rc;
  }
  if (p->s->distinct) {
    RegList *l = snCodeAlloc(c, sizeof *l + p->nout * sizeof(u16));
    if (!l) return SN_NOMEM;
    l->n = p->nout;
    memcpy(l->reg, reg, p->nout * sizeof(u16));
    int rc = snCodeApart(c, p->out, v->sel, l, &l);
    if (rc) return rc;
    u32 at = snCodeAdd(c, OP_Distinct, v->sel, NO_REG, snProgObj(c->prog),
        NO_REG);
    snProgAt(c->prog, at)->p = l;
    if (limit) rc = selectLimit(c, t, v->sel);
    if (rc) return rc;
  }
  return t->fn(c, v->sel, reg, p->nout, t->arg);
}

/* ---- order -------------------------------------------------------------- */

/* Adds an expression to the columns that a stage keeps; *at is its number. */
static int selectKeep(Compile *c, Stage *t, const Expr *e, u32 *at) {
  for (*at = 0; *at < t->cols.n; ++*at)
    if (snAstSame(t->cols.v[*at].e, e)) return SEINE_OK;
  (void)snAstList(c->p, &t->cols, (Expr *)(uintptr_t)e);
  return c->p->rc;
}

/* Computes the kept columns under an Env. */
static int selectColumns(Compile *c, Stage *t, Env *v, u8 **types,
    RegList **list) {
  u32 n = t->cols.n + 1;
  *types = snCodeAlloc(c, n);
  *list = snCodeAlloc(c, sizeof **list + n * sizeof(u16));
  if (!*types || !*list) return SN_NOMEM;
  for (u32 k = 0; k < t->cols.n; k++) {
    int rc = snCodeExpr(c, v, t->cols.v[k].e, &(*list)->reg[k]);
    if (rc) return rc;
    (*types)[k] = t->cols.v[k].e->type;
  }
  (*list)->n = t->cols.n;
  return c->prog->rc;
}

/* With a LIMIT over one table the columns wait until the rows are chosen:
** only keys, scores and a reference are carried through the sort. */
static bool selectIsPlain(const Plan *p) {
  return p->s->limit && p->nsrc == 1 && p->src[0].table && !p->grouped &&
      !p->s->distinct;
}

static bool selectIsLate(const Plan *p) {
  return selectIsPlain(p) && !p->win.n;
}

static bool selectWaits(const Expr *e) {
  return e->kind == EX_COLUMN || e->kind == EX_WHY;
}

static int selectSortRow(Compile *c, Env *v, void *arg) {
  Stage *t = arg;
  Plan *p = t->p;
  u32 at;
  int rc = SEINE_OK;
  t->sort->keys = snCodeAlloc(c, (p->order.n + 1) * sizeof(SortKey));
  if (!t->sort->keys) return SN_NOMEM;
  for (u32 k = 0; !rc && k < p->order.n; k++) {
    const ExprItem *o = p->order.v + k;
    rc = selectKeep(c, t, o->e, &at);
    t->sort->keys[k] = (SortKey){at, o->desc, o->nulls_last};
  }
  ExprList leaves = {0};
  for (u32 k = 0; !rc && k < p->nout; k++)
    rc = t->late ? snCodeLeaves(c, p->out[k].e, &leaves)
                 : selectKeep(c, t, p->out[k].e, &at);
  for (u32 k = 0; !rc && k < leaves.n; k++)
    if (!selectWaits(leaves.v[k].e))
      rc = selectKeep(c, t, leaves.v[k].e, &at);
  if (!rc) rc = selectColumns(c, t, v, &t->sort->types, &t->sort->cols);
  if (rc) return rc;
  if (t->late) {
    u16 ref = snProgReg(c->prog, TYPE_INTEGER);
    snCodeAdd(c, OP_RowRef, v->sel, ref, p->src[0].cursor, NO_REG);
    t->sort->types[t->cols.n] = TYPE_INTEGER;
    t->sort->cols->reg[t->cols.n] = ref;
    t->sort->cols->n++;
  }
  t->sort->ncol = t->sort->cols->n;
  t->sort->nkeys = p->order.n;
  if (t->sort->eager) /* windows come in any order: so equal rows keep theirs */
    t->sort->keys[t->sort->nkeys++] = (SortKey){t->cols.n, false, false};
  if (!p->s->distinct) {
    t->sort->limit = t->limit;
    t->sort->offset = t->offset;
  }
  u32 add = snCodeAdd(c, OP_SortAdd, v->sel, NO_REG, t->obj, NO_REG);
  snProgAt(c->prog, add)->p = t->sort;
  return c->prog->rc;
}

static int selectSorted(Compile *c, Stage *t) {
  Env v;
  u16 sel = snProgSel(c->prog);
  int rc = snEnvInit(c, &v, t->p, sel);
  RegList *l = snCodeAlloc(c, sizeof *l + (t->cols.n + 1) * sizeof(u16));
  if (rc || !l) return SN_NOMEM;
  l->n = t->sort->ncol;
  for (u32 k = 0; !rc && k < t->cols.n; k++) {
    const Expr *e = t->cols.v[k].e;
    l->reg[k] = snProgReg(c->prog, e->type);
    rc = snEnvBind(c, &v, e, l->reg[k]);
  }
  if (t->late) {
    l->reg[t->cols.n] = v.ref[0] = snProgReg(c->prog, TYPE_INTEGER);
    v.mode[0] = SRC_REF;
  }
  u32 at = snCodeAdd(c, OP_Sort, NO_REG, NO_REG, t->obj, NO_REG);
  snProgAt(c->prog, at)->p = t->sort;
  u32 next = snCodeAdd(c, OP_Sorted, sel, NO_REG, t->obj, NO_REG);
  snProgAt(c->prog, next)->p = l;
  if (!rc) rc = selectEmit(c, t, &v, true);
  snCodeLoop(c, next);
  return rc;
}

/* Rows of the last stage before ORDER BY. */
static int selectFinalRow(Compile *c, Env *v, void *arg) {
  Stage *t = arg;
  if (t->p->order.n) return selectSortRow(c, v, t);
  return selectEmit(c, t, v, true);
}

static int selectBeginFinal(Compile *c, Stage *t) {
  t->cols = (ExprList){0};
  if (!t->p->order.n) return SEINE_OK;
  t->obj = snProgObj(c->prog);
  t->sort = snCodeAlloc(c, sizeof *t->sort);
  if (!t->sort) return SN_NOMEM;
  t->sort->limit = t->sort->offset = NO_REG;
  t->late = selectIsLate(t->p);
  if (!t->late) return SEINE_OK;
  int rc = snCodeOrder(c, t->p, t->obj, t->sort, &t->p->by);
  t->sort->eager = t->p->by != NULL;
  return rc;
}

static int selectEndFinal(Compile *c, Stage *t) {
  return t->p->order.n ? selectSorted(c, t) : SEINE_OK;
}

/* ---- windows ------------------------------------------------------------ */

static int selectFilter(Compile *c, Env *v, const Expr *e) {
  u16 reg;
  if (!e) return SEINE_OK;
  int rc = snCodeExpr(c, v, e, &reg);
  if (!rc) snCodeAdd(c, OP_Select, v->sel, NO_REG, reg, NO_REG);
  return rc;
}

static int selectWindowKeys(Compile *c, Stage *t, const Window *w,
    WindowCall *call) {
  u32 np = w->part ? w->part->n : 0, no = w->order ? w->order->n : 0;
  SortKey *keys = snCodeAlloc(c, (np + no + 1) * sizeof *keys);
  int rc = keys ? SEINE_OK : SN_NOMEM;
  for (u32 k = 0; !rc && k < np + no; k++) {
    const ExprItem *it = k < np ? w->part->v + k : w->order->v + (k - np);
    rc = selectKeep(c, t, it->e, &keys[k].col);
    keys[k].desc = k >= np && it->desc;
    keys[k].nulls_last = k >= np && (it->nulls_set ? it->nulls_last
                                                   : it->desc);
  }
  call->part = keys;
  call->order = keys + np;
  call->npart = np;
  call->norder = no;
  return rc;
}

/* The number of a bound is the same in all rows: one more column. */
static int selectFrameEnd(Compile *c, Stage *t, const Expr *e, u32 *by) {
  int rc = e ? selectKeep(c, t, e, by) : SEINE_OK;
  if (e && !rc) ++*by;
  return rc;
}

static int selectWindowCall(Compile *c, Stage *t, const Expr *e,
    WindowCall *call) {
  int rc = SEINE_OK;
  call->func = e->win;
  call->agg = e->agg;
  call->distinct = e->distinct;
  call->frame = e->over->frame;
  call->ignore_nulls = e->ignore_nulls;
  call->from_last = e->from_last;
  call->filter = -1;
  call->narg = e->list ? e->list->n : 0;
  if (call->narg > SN_COUNT(call->arg))
    return snParseError(c->p, e->at, "too many arguments");
  for (u32 k = 0; !rc && k < call->narg; k++)
    rc = selectKeep(c, t, e->list->v[k].e, &call->arg[k]);
  if (!rc && e->filter) {
    u32 at;
    rc = selectKeep(c, t, e->filter, &at);
    call->filter = (i32)at;
  }
  if (!rc) rc = selectFrameEnd(c, t, e->over->start, &call->frame.start_by);
  if (!rc) rc = selectFrameEnd(c, t, e->over->end, &call->frame.end_by);
  return rc ? rc : selectWindowKeys(c, t, e->over, call);
}

/* The rows of a partition belong together; k: a key of the first function. */
static bool selectSplits(const WindowDef *w, u32 k) {
  u32 col = w->call->part[k].col, same = 0;
  for (u32 i = 0; i < w->ncall; i++)
    for (u32 j = 0; j < w->call[i].npart; j++)
      if (w->call[i].part[j].col == col) {
        same++;
        break;
      }
  return same == w->ncall && w->types[col] != TYPE_INTERVAL &&
      !(w->types[col] & TYPE_ARRAY);
}

/* Keys that all functions have. */
static int selectParts(Compile *c, Stage *t, SortDef *d) {
  const WindowDef *w = t->win;
  d->part = snCodeAlloc(c, (w->call->npart + 1) * sizeof *d->part);
  if (!d->part) return SN_NOMEM;
  for (u32 k = 0; k < w->call->npart; k++)
    if (selectSplits(w, k))
      d->part[d->npart++] = d->cols->reg[w->call->part[k].col];
  if (!d->npart) return SEINE_OK;
  d->parts = t->parts;
  t->parts->obj[t->parts->n++] = t->obj;
  return SEINE_OK;
}

static int selectWindowRow(Compile *c, Env *v, void *arg) {
  Stage *t = arg;
  Plan *p = t->p;
  ExprList leaves = {0};
  u32 at;
  int rc = SEINE_OK;
  t->win->ncall = p->win.n;
  t->win->call = snCodeAlloc(c, p->win.n * sizeof *t->win->call);
  t->win->ret = snCodeAlloc(c, p->win.n);
  if (!t->win->call || !t->win->ret) return SN_NOMEM;
  for (u32 k = 0; !rc && k < p->win.n; k++) {
    rc = selectWindowCall(c, t, p->win.v[k].e, t->win->call + k);
    t->win->ret[k] = p->win.v[k].e->type;
  }
  for (u32 k = 0; !rc && k < p->nout; k++)
    rc = snCodeLeaves(c, p->out[k].e, &leaves);
  for (u32 k = 0; !rc && k < p->order.n; k++)
    rc = snCodeLeaves(c, p->order.v[k].e, &leaves);
  if (!rc && p->s->qualify) rc = snCodeLeaves(c, p->s->qualify, &leaves);
  for (u32 k = 0; !rc && k < leaves.n; k++)
    if (leaves.v[k].e->kind != EX_WINDOW)
      rc = selectKeep(c, t, leaves.v[k].e, &at);
  RegList *list;
  if (!rc) rc = selectColumns(c, t, v, &t->win->types, &list);
  if (rc) return rc;
  t->win->ncol = list->n;
  SortDef *d = snCodeAlloc(c, sizeof *d);
  if (!d) return SN_NOMEM;
  d->types = t->win->types;
  d->ncol = list->n;
  d->cols = list;
  d->limit = d->offset = NO_REG;
  rc = selectParts(c, t, d);
  u32 add = snCodeAdd(c, OP_SortAdd, v->sel, NO_REG, t->obj, NO_REG);
  snProgAt(c->prog, add)->p = d;
  return rc ? rc : c->prog->rc;
}

static int selectWindows(Compile *c, Stage *t) {
  Plan *p = t->p;
  Env v;
  u16 sel = snProgSel(c->prog);
  u32 n = t->cols.n + p->win.n;
  ExprList cols = t->cols;
  u16 obj = t->obj;
  int rc = snEnvInit(c, &v, p, sel);
  RegList *l = snCodeAlloc(c, sizeof *l + (n + 1) * sizeof(u16));
  if (rc || !l) return SN_NOMEM;
  l->n = n;
  for (u32 k = 0; !rc && k < n; k++) {
    const Expr *e = k < cols.n ? cols.v[k].e : p->win.v[k - cols.n].e;
    l->reg[k] = snProgReg(c->prog, e->type);
    rc = snEnvBind(c, &v, e, l->reg[k]);
  }
  t->parts->through = snCodeHere(c);
  u32 run = snCodeAdd(c, OP_WinRun, NO_REG, NO_REG, obj, NO_REG);
  snProgAt(c->prog, run)->p = t->win;
  u32 next = snCodeAdd(c, OP_Sorted, sel, NO_REG, obj, NO_REG);
  snProgAt(c->prog, next)->p = l;
  if (!rc) rc = selectFilter(c, &v, p->s->qualify);
  if (!rc) rc = selectBeginFinal(c, t);
  if (!rc) rc = selectFinalRow(c, &v, t);
  snCodeLoop(c, next);
  if (!rc) rc = snCodePartsEnd(c, t->parts);
  return rc ? rc : selectEndFinal(c, t);
}

static int selectBeginWindow(Compile *c, Stage *t) {
  t->cols = (ExprList){0};
  t->obj = snProgObj(c->prog);
  t->win = snCodeAlloc(c, sizeof *t->win);
  return t->win ? SEINE_OK : SN_NOMEM;
}

/* ---- groups ------------------------------------------------------------- */

/* The keys stand behind the arguments. */
static int selectAggOrder(Compile *c, Env *v, const Expr *e, AggCall *a) {
  const ExprList *l = e->order;
  SortKey *keys = snCodeAlloc(c, (l->n + 1) * sizeof *keys);
  int rc = keys ? SEINE_OK : SN_NOMEM;
  for (u32 k = 0; !rc && k < l->n; k++) {
    const ExprItem *it = l->v + k;
    rc = snCodeExpr(c, v, it->e, &a->arg[a->narg + k]);
    a->types[a->narg + k] = it->e->type;
    keys[k] = (SortKey){0, it->desc,
        it->nulls_set ? it->nulls_last : it->desc};
  }
  a->norder = l->n;
  a->order = keys;
  a->limit = e->limit;
  return rc;
}

/* sum(x + 1): what is added to each may be added to all in the end. */
static int selectAggArgs(Compile *c, Env *v, const Expr *e, AggCall *a) {
  const Expr *x = a->narg == 1 ? e->list->v[0].e : NULL;
  int rc = SEINE_OK;
  if (x && x->kind == EX_ARITH && (x->op == AR_ADD || x->op == AR_SUB) &&
      x->type == TYPE_INTEGER && x->left->type == TYPE_INTEGER &&
      x->right->kind == EX_INT && x->right->i > INT32_MIN &&
      x->right->i <= INT32_MAX && !e->order && snAggIsSum(a->func)) {
    a->plus = x->op == AR_ADD ? x->right->i : -x->right->i;
    a->types[0] = TYPE_INTEGER;
    return snCodeExpr(c, v, x->left, &a->arg[0]);
  }
  for (u32 k = 0; !rc && k < a->narg; k++) {
    rc = snCodeExpr(c, v, e->list->v[k].e, &a->arg[k]);
    a->types[k] = e->list->v[k].e->type;
  }
  return rc;
}

static int selectAgg(Compile *c, Env *v, const Expr *e, AggCall *a) {
  a->func = e->agg;
  a->distinct = e->distinct;
  a->filter = NO_REG;
  a->narg = e->list ? e->list->n : 0;
  if (a->narg + (e->order ? e->order->n : 0) > SN_COUNT(a->arg))
    return snParseError(c->p, e->at, "too many arguments");
  int rc = selectAggArgs(c, v, e, a);
  if (!rc && e->filter) rc = snCodeExpr(c, v, e->filter, &a->filter);
  return rc || !e->order ? rc : selectAggOrder(c, v, e, a);
}

/* Each set of keys groups the same rows by itself. */
static int selectSetRow(Compile *c, Env *v, Stage *t) {
  const Plan *p = t->p;
  for (u32 s = 0; s < p->nset; s++) {
    GroupDef *g = t->set[s].def;
    for (u32 k = 0, n = 0; k < p->key.n; k++)
      if (p->sets[s] >> k & 1) g->key[n++] = t->group->key[k];
    u32 at = snCodeAdd(c, OP_Group, v->sel, NO_REG, t->set[s].obj, NO_REG);
    snProgAt(c->prog, at)->p = g;
  }
  return c->prog->rc;
}

static int selectGroupRow(Compile *c, Env *v, void *arg) {
  Stage *t = arg;
  Plan *p = t->p;
  GroupDef *g = t->group;
  int rc = SEINE_OK;
  for (u32 k = 0, n = 0; !rc && k < p->key.n; k++)
    if (t->own[k]) rc = snCodeExpr(c, v, p->key.v[k].e, &g->key[n++]);
  for (u32 k = 0; !rc && k < p->agg.n; k++)
    rc = selectAgg(c, v, p->agg.v[k].e, g->agg + k);
  if (!rc && p->nset) return selectSetRow(c, v, t);
  u32 at = snCodeAdd(c, OP_Group, v->sel, NO_REG, t->obj, NO_REG);
  snProgAt(c->prog, at)->p = g;
  return rc ? rc : c->prog->rc;
}

static bool selectFollows(void *arg, Expr **at) {
  const Expr *e = *at;
  switch (e->kind) {
  case EX_COLUMN: case EX_INT: case EX_REAL: case EX_STR: case EX_BOOL:
  case EX_ARITH: case EX_NEG: case EX_CAST: return true;
  case EX_FUNC: if (!(e->func->flags & FUNC_IMPURE)) return true; break;
  default: break;
  }
  *(bool *)arg = false;
  return false;
}

static bool selectReads(const Plan *p) {
  bool any = false;
  for (u32 k = 0; k < p->key.n; k++) any |= snPlanSources(p, p->key.v[k].e);
  return any;
}

/* GROUP BY a, a + 1, 7: the second key is computed from the first, and so is,
** beside it, the third. */
static int selectDerived(Compile *c, const Plan *p, u32 k, bool *derived) {
  Expr *e = p->key.v[k].e;
  ExprList leaves = {0};
  *derived = e->kind != EX_COLUMN && !p->nset;
  if (*derived) snAstWalk(&e, selectFollows, derived);
  int rc = *derived ? snCodeLeaves(c, e, &leaves) : SEINE_OK;
  if (!leaves.n) *derived &= selectReads(p);
  for (u32 i = 0; i < leaves.n; i++)
    *derived &= snPlanHas(&p->key, leaves.v[i].e);
  return rc;
}

/* The definition must be whole even when no row is ever read. */
static int selectGroupDef(Compile *c, Stage *t) {
  Plan *p = t->p;
  GroupDef *g = snCodeAlloc(c, sizeof *g);
  if (!g) return SN_NOMEM;
  g->types = snCodeAlloc(c, p->key.n + 1);
  g->key = snCodeAlloc(c, (p->key.n + 1) * sizeof *g->key);
  g->agg = snCodeAlloc(c, (p->agg.n + 1) * sizeof *g->agg);
  if (!g->types || !g->key || !g->agg) return SN_NOMEM;
  t->own = snArenaZero(c->arena, (p->key.n + 1) * sizeof *t->own);
  if (!t->own) return SN_NOMEM;
  for (u32 k = 0; k < p->key.n; k++) {
    bool derived;
    int rc = selectDerived(c, p, k, &derived);
    if (rc) return rc;
    t->own[k] = !derived;
    if (!derived) g->types[g->nkeys++] = p->key.v[k].e->type;
  }
  g->nagg = p->agg.n;
  t->group = g;
  t->obj = snProgObj(c->prog);
  return c->prog->rc;
}

/* What stands for key or aggregate k in the stages behind. */
static int selectSlot(Compile *c, Env *v, u32 k, const Expr *of, u16 *reg) {
  Expr *e = snAstNew(c->p, EX_SLOT, of->at);
  if (!e) return c->p->rc;
  e->i = k;
  e->type = of->type;
  if (*reg == NO_REG) *reg = snProgReg(c->prog, e->type);
  return snEnvBind(c, v, e, *reg);
}

/* Keys that are read, then those that are computed from them. */
static int selectKeys(Compile *c, Stage *t, Env *v, u16 obj) {
  const Plan *p = t->p;
  int rc = SEINE_OK;
  for (u32 k = 0, n = 0; !rc && k < p->key.n; k++) {
    const Expr *of = p->key.v[k].e;
    u16 reg = NO_REG;
    if (!t->own[k]) continue;
    rc = selectSlot(c, v, k, of, &reg);
    u32 at = snCodeAdd(c, OP_GroupKey, v->sel, reg, obj, NO_REG);
    snProgAt(c->prog, at)->k = n++;
    if (!rc) rc = snEnvBind(c, v, of, reg);
  }
  for (u32 k = 0; !rc && k < p->key.n; k++) {
    u16 reg;
    if (t->own[k]) continue;
    rc = snCodeExpr(c, v, p->key.v[k].e, &reg);
    if (!rc) rc = selectSlot(c, v, k, p->key.v[k].e, &reg);
  }
  return rc;
}

static int selectSlots(Compile *c, Stage *t, Env *v, u16 obj) {
  Plan *p = t->p;
  int rc = selectKeys(c, t, v, obj);
  for (u32 k = 0; !rc && k < p->agg.n; k++) {
    const Expr *of = p->agg.v[k].e;
    u16 reg = NO_REG;
    rc = selectSlot(c, v, SLOT_AGG + k, of, &reg);
    u32 at = snCodeAdd(c, OP_GroupAgg, v->sel, reg, obj, NO_REG);
    snProgAt(c->prog, at)->k = k;
    snProgAt(c->prog, at)->note = of->agg->name;
  }
  return rc;
}

static int selectGroupFinal(Compile *c, Stage *t, Env *v) {
  int rc = selectFilter(c, v, t->p->s->having);
  bool win = t->p->win.n;
  if (!rc) rc = win ? selectBeginWindow(c, t) : selectBeginFinal(c, t);
  if (rc) return rc;
  return win ? selectWindowRow(c, v, t) : selectFinalRow(c, v, t);
}

static int selectGroupEnd(Compile *c, Stage *t) {
  return t->p->win.n ? selectWindows(c, t) : selectEndFinal(c, t);
}

/* The definition of one set: some of the keys, all aggregates. */
static int selectSetDefs(Compile *c, Stage *t) {
  const Plan *p = t->p;
  t->set = snArenaZero(c->arena, p->nset * sizeof *t->set);
  if (!t->set) return SN_NOMEM;
  for (u32 s = 0; s < p->nset; s++) {
    GroupDef *g = t->set[s].def = snCodeAlloc(c, sizeof *g);
    if (!g) return SN_NOMEM;
    *g = *t->group;
    g->types = snCodeAlloc(c, p->key.n + 1);
    g->key = snCodeAlloc(c, (p->key.n + 1) * sizeof *g->key);
    if (!g->types || !g->key) return SN_NOMEM;
    g->nkeys = 0;
    for (u32 k = 0; k < p->key.n; k++)
      if (p->sets[s] >> k & 1) g->types[g->nkeys++] = p->key.v[k].e->type;
    t->set[s].obj = snProgObj(c->prog);
  }
  return c->prog->rc;
}

/* A constant in the register of a slot. */
static int selectSetConst(Compile *c, u16 sel, ExprKind kind, i64 i, u8 type,
    u16 reg) {
  Expr *e = snAstNew(c->p, kind, 0);
  u16 from;
  if (!e) return c->p->rc;
  e->type = type;
  e->i = i;
  int rc = snCodeConst(c, e, &from);
  if (!rc) snCodeAdd(c, OP_Move, sel, reg, from, NO_REG);
  return rc;
}

/* The groups of one set: keys that it lacks are NULL. */
static int selectSetRows(Compile *c, Stage *t, u32 s, Env *v, u16 ret,
    u32 *call) {
  const Plan *p = t->p;
  u16 obj = t->set[s].obj;
  int rc = SEINE_OK;
  u32 next = snCodeAdd(c, OP_Groups, v->sel, NO_REG, obj, NO_REG);
  snProgAt(c->prog, next)->p = t->set[s].def;
  for (u32 k = 0, n = 0; !rc && k < p->key.n; k++) {
    u16 reg = v->bind[k].reg;
    if (p->sets[s] >> k & 1) {
      u32 at = snCodeAdd(c, OP_GroupKey, v->sel, reg, obj, NO_REG);
      snProgAt(c->prog, at)->k = n++;
    } else {
      rc = selectSetConst(c, v->sel, EX_NULL, 0, p->key.v[k].e->type, reg);
    }
  }
  for (u32 k = 0; k < p->agg.n; k++) {
    u32 at = snCodeAdd(c, OP_GroupAgg, v->sel, v->bind[p->key.n + k].reg, obj,
        NO_REG);
    snProgAt(c->prog, at)->k = k;
    snProgAt(c->prog, at)->note = p->agg.v[k].e->agg->name;
  }
  for (u32 k = 0; !rc && k < p->asks.n; k++) {
    const ExprList *l = p->asks.v[k].e->list;
    i64 bits = 0;
    for (u32 i = 0; i < l->n; i++)
      bits = bits << 1 | !(p->sets[s] >> l->v[i].e->i & 1);
    rc = selectSetConst(c, v->sel, EX_INT, bits, TYPE_INTEGER,
        v->bind[p->key.n + p->agg.n + k].reg);
  }
  *call = snCodeAdd(c, OP_Call, NO_REG, NO_REG, ret, NO_REG);
  snCodeLoop(c, next);
  return rc ? rc : c->prog->rc;
}

static int selectBind(Compile *c, Env *v, const ExprList *l, u32 first) {
  int rc = SEINE_OK;
  for (u32 k = 0; !rc && k < l->n; k++) {
    u16 reg = NO_REG;
    rc = selectSlot(c, v, first + k, l->v[k].e, &reg);
  }
  return rc;
}

static int selectSets(Compile *c, Stage *t) {
  Plan *p = t->p;
  u32 *call = snArenaZero(c->arena, p->nset * sizeof *call);
  u16 ret = snProgObj(c->prog);
  Env v;
  int rc = selectSetDefs(c, t);
  if (!rc) rc = snCodeFrom(c, p, selectGroupRow, t);
  if (!rc) rc = snEnvInit(c, &v, p, snProgSel(c->prog));
  if (rc || !call) return rc ? rc : SN_NOMEM;
  rc = selectBind(c, &v, &p->key, 0);
  if (!rc) rc = selectBind(c, &v, &p->agg, SLOT_AGG);
  if (!rc) rc = selectBind(c, &v, &p->asks, SLOT_SET);
  for (u32 s = 0; !rc && s < p->nset; s++)
    rc = selectSetRows(c, t, s, &v, ret, call + s);
  u32 end = snCodeAdd(c, OP_Goto, NO_REG, NO_REG, NO_REG, NO_REG);
  for (u32 s = 0; s < p->nset; s++)
    snProgJump(c->prog, call[s], snCodeHere(c));
  if (!rc) rc = selectGroupFinal(c, t, &v);
  snCodeAdd(c, OP_Return, NO_REG, NO_REG, ret, NO_REG);
  snProgJump(c->prog, end, snCodeHere(c));
  return rc ? rc : selectGroupEnd(c, t);
}

static int selectGroups(Compile *c, Stage *t) {
  int rc = selectGroupDef(c, t);
  if (!rc && t->p->nset) return selectSets(c, t);
  u16 obj = t->obj, sel = snProgSel(c->prog);
  Env v;
  if (!rc) rc = snCodeFrom(c, t->p, selectGroupRow, t);
  if (!rc) rc = snEnvInit(c, &v, t->p, sel);
  if (rc) return rc;
  u32 next = snCodeAdd(c, OP_Groups, sel, NO_REG, obj, NO_REG);
  snProgAt(c->prog, next)->p = t->group;
  rc = selectSlots(c, t, &v, obj);
  if (!rc) rc = selectGroupFinal(c, t, &v);
  snCodeLoop(c, next);
  return rc ? rc : selectGroupEnd(c, t);
}

/* SELECT count(*) over one table whose only condition is a MATCH or a keyword
** look-up: the index counts. */
static bool selectIsCount(const Plan *p) {
  if (p->nsrc != 1 || !p->src[0].table || p->key.n || !p->agg.n ||
      p->conj.n != 1 || p->conj.v[0].e->kind != EX_HIT)
    return false;
  for (u32 k = 0; k < p->agg.n; k++) {
    const Expr *e = p->agg.v[k].e;
    if (strcmp(e->agg->name, "count") || e->distinct || e->filter ||
        (e->list && e->list->n))
      return false;
  }
  return p->src[0].match[p->conj.v[0].e->slot].drives;
}

static int selectCount(Compile *c, Stage *t) {
  Plan *p = t->p;
  u16 sel = snProgSel(c->prog), reg = snProgReg(c->prog, TYPE_INTEGER);
  Env v;
  int rc = snCodeCursor(c, p->src);
  if (!rc) rc = snEnvInit(c, &v, p, sel);
  if (rc) return rc;
  snCodeAdd(c, OP_One, sel, NO_REG, NO_REG, NO_REG);
  u32 at = snCodeAdd(c, OP_MatchCount, sel, reg, p->src[0].cursor,
      (u16)p->conj.v[0].e->slot);
  snProgAt(c->prog, at)->note = snCodeScanNote(c, p->src);
  for (u32 k = 0; !rc && k < p->agg.n; k++)
    rc = selectSlot(c, &v, SLOT_AGG + k, p->agg.v[k].e, &reg);
  if (!rc) rc = selectGroupFinal(c, t, &v);
  if (!rc) rc = c->prog->rc;
  return rc ? rc : selectGroupEnd(c, t);
}

/* SELECT min(a), max(b) of a whole table, of integers and times: the bounds of
** its windows answer. */
static bool selectIsExtreme(const Plan *p) {
  if (p->nsrc != 1 || !p->src[0].table || p->key.n || p->nset || !p->agg.n ||
      p->conj.n)
    return false;
  for (u32 k = 0; k < p->agg.n; k++) {
    const Expr *e = p->agg.v[k].e, *x = e->list && e->list->n == 1
        ? e->list->v[0].e : NULL;
    bool named = !strcmp(e->agg->name, "min") || !strcmp(e->agg->name, "max");
    if (!named || e->filter || (e->order && e->order->n) || !x ||
        x->kind != EX_COLUMN || x->i == (i64)REF_COLUMN)
      return false;
    if (x->type != TYPE_INTEGER && x->type != TYPE_TIMESTAMP &&
        x->type != TYPE_DATE)
      return false;
  }
  return true;
}

static int selectExtreme(Compile *c, Stage *t) {
  Plan *p = t->p;
  u16 sel = snProgSel(c->prog);
  Env v;
  int rc = snCodeCursor(c, p->src);
  if (!rc) rc = snEnvInit(c, &v, p, sel);
  if (rc) return rc;
  snCodeAdd(c, OP_One, sel, NO_REG, NO_REG, NO_REG);
  for (u32 k = 0; !rc && k < p->agg.n; k++) {
    const Expr *e = p->agg.v[k].e, *x = e->list->v[0].e;
    u16 reg = NO_REG;
    rc = selectSlot(c, &v, SLOT_AGG + k, e, &reg);
    u32 at = snCodeAdd(c, OP_Extreme, sel, reg, p->src[0].cursor, NO_REG);
    Instr *i = snProgAt(c->prog, at);
    i->k = x->i;
    i->flag = !strcmp(e->agg->name, "max");
    i->note = snCodeColumnNote(c, p->src, x);
  }
  if (!rc) rc = selectGroupFinal(c, t, &v);
  if (!rc) rc = c->prog->rc;
  return rc ? rc : selectGroupEnd(c, t);
}

/* ---- the ranked top ----------------------------------------------------- */

static bool selectAny(const ExprList *l) { return l && l->n; }

/* count(*) OVER (): the rows in all, before the LIMIT. */
static bool selectIsTotal(const Expr *e) {
  const Window *w = e->over;
  return e->agg && !strcmp(e->agg->name, "count") && !e->filter &&
      !e->distinct && !selectAny(e->list) && !selectAny(w->part) &&
      !selectAny(w->order) && w->frame.mode == FRAME_RANGE &&
      w->frame.start == FRAME_UNBOUNDED_PRECEDING &&
      w->frame.end >= FRAME_CURRENT && !w->frame.exclude && !w->end;
}

/* ORDER BY score() DESC LIMIT k over one table whose conditions are MATCHes,
** keyword look-ups and comparisons of numbers with constants. */
static bool selectIsTop(const Plan *p, const Expr **score) {
  if (!selectIsPlain(p) || p->s->qualify || p->order.n != 1 ||
      !p->order.v[0].desc)
    return false;
  for (u32 k = 0; k < p->win.n; k++)
    if (!selectIsTotal(p->win.v[k].e)) return false;
  *score = p->order.v[0].e;
  if ((*score)->kind != EX_SCORE) return false;
  for (u32 k = 0; k < p->conj.n; k++) {
    const Expr *e = p->conj.v[k].e, *col, *value;
    u8 op;
    if (e->kind == EX_HIT) continue; /* it drives: a filter of the search */
    if (!snCodeIsWhere(p, e, &col, &value, &op)) return false;
  }
  return true;
}

static bool selectHasHits(Compile *c, const Plan *p, const Expr *score) {
  ExprList leaves = {0};
  for (u32 k = 0; k < p->nout; k++)
    (void)snCodeLeaves(c, p->out[k].e, &leaves);
  for (u32 k = 0; k < leaves.n; k++) {
    const Expr *e = leaves.v[k].e;
    if (e->kind == EX_WINDOW) continue; /* the total */
    if (!selectWaits(e) && !snAstSame(e, score)) return true;
  }
  return false;
}

static int selectTopDef(Compile *c, Plan *p, TopDef **out) {
  TopDef *d = *out = snCodeAlloc(c, sizeof *d);
  if (!d) return SN_NOMEM;
  d->where = snCodeAlloc(c, (p->conj.n + 1) * sizeof *d->where);
  d->count = p->win.n > 0;
  if (!d->where) return SN_NOMEM;
  for (u32 k = 0; k < p->conj.n; k++) {
    const Expr *col, *value;
    u8 op;
    if (!snCodeIsWhere(p, p->conj.v[k].e, &col, &value, &op)) continue;
    int rc = snCodeWhereDef(c, col, value, op, d->where + d->nwhere++);
    if (rc) return rc;
  }
  return SEINE_OK;
}

static int selectTop(Compile *c, Stage *t, const Expr *score) {
  Plan *p = t->p;
  Source *s = p->src;
  Env v;
  TopDef *d;
  u16 sel = snProgSel(c->prog), obj = snProgObj(c->prog);
  int rc = snCodeCursor(c, s);
  if (!rc) rc = selectTopDef(c, p, &d);
  if (!rc) rc = snEnvInit(c, &v, p, sel);
  if (rc) return rc;
  u32 at = snCodeAdd(c, OP_MatchTop, t->offset, t->limit, s->cursor,
      (u16)score->slot);
  Instr *i = snProgAt(c->prog, at);
  i->c = obj;
  i->p = d;
  i->note = snCodeScanNote(c, s);
  v.mode[0] = SRC_REF;
  v.ref[0] = snProgReg(c->prog, TYPE_INTEGER);
  u16 reg = snProgReg(c->prog, TYPE_REAL);
  u32 next = snCodeAdd(c, OP_Tops, sel, v.ref[0], obj, reg);
  rc = snEnvBind(c, &v, score, reg);
  if (p->win.n) snProgAt(c->prog, next)->c = snProgReg(c->prog, TYPE_INTEGER);
  for (u32 k = 0; !rc && k < p->win.n; k++)
    rc = snEnvBind(c, &v, p->win.v[k].e, snProgAt(c->prog, next)->c);
  if (!rc) rc = selectEmit(c, t, &v, true);
  snCodeLoop(c, next);
  return rc;
}

/* ---- VALUES ------------------------------------------------------------- */

/* A chunk is a run of rows whose literals are of one kind per column: it
** becomes one vector per column.  A row with anything else stands alone. */
static bool selectIsLiteral(const Expr *e) {
  if (e->kind == EX_CAST) e = e->left;
  return e->kind == EX_NULL || e->kind == EX_INT || e->kind == EX_REAL ||
      e->kind == EX_STR;
}

/* In the kind of a column: what does not fit is refused.  A cast that was
** written makes it NULL, and is in another chunk. */
enum { CELL_STRICT = 0x80 };

static const Expr *selectCell(const Plan *p, u32 row, u32 col, u8 *kind) {
  const Expr *e = p->s->rows[row]->v[col].e;
  bool strict = e->kind == EX_CAST && e->negate;
  if (!selectIsLiteral(e)) return NULL;
  if (e->kind == EX_CAST) e = e->left;
  if (e->kind != EX_NULL) {
    u8 own = (u8)(e->kind | (strict ? CELL_STRICT : 0));
    if (*kind != EX_NULL && *kind != own) return NULL;
    *kind = own;
  }
  return e;
}

/* The rows from `row` on that make a chunk: 0 when that row makes none. */
static u32 selectChunk(const Plan *p, u32 row, u8 *kinds) {
  u32 n = 0;
  memset(kinds, EX_NULL, p->nout);
  for (; row + n < p->s->nrows && n < SN_WINDOW; n++)
    for (u32 k = 0; k < p->nout; k++)
      if (!selectCell(p, row + n, k, kinds + k)) return n;
  return n;
}

/* Strings stay where the statement's text was parsed to: they are copied. */
static int selectChunkColumn(Compile *c, Plan *p, u32 row, u32 n, u32 col,
    u8 kind, Vec *v) {
  bool text = (kind & ~CELL_STRICT) == EX_STR;
  v->form = VEC_FLAT;
  u32 room = SN_MAX(n, 64u); /* a BOOLEAN is read as a whole bitmap */
  v->data = snCodeAlloc(c, room * (text ? sizeof(Str) : 8));
  v->nulls = snCodeAlloc(c, SN_WORDS * 8);
  if (!v->data || !v->nulls) return SN_NOMEM;
  for (u32 k = 0; k < n; k++) {
    if (snCompileTurn(c)) return c->p->rc;
    const Expr *e = selectCell(p, row + k, col, &kind);
    if (e->kind == EX_NULL) {
      snBitSet(v->nulls, k);
    } else if (e->kind == EX_INT) {
      ((i64 *)v->data)[k] = e->i;
    } else if (e->kind == EX_REAL) {
      ((double *)v->data)[k] = e->d;
    } else {
      char *s = snArenaDup(&c->prog->arena, e->text, e->len);
      if (!s) return SN_NOMEM;
      ((Str *)v->data)[k] = (Str){(const u8 *)s, e->len, 0};
    }
  }
  return SEINE_OK;
}

static int selectChunkRows(Compile *c, Plan *p, u32 row, u32 n, u16 sel,
    const u8 *kinds, u16 *reg) {
  for (u32 k = 0; k < p->nout; k++) {
    u8 type = p->out[k].e->type, of = kinds[k] & (u8)~CELL_STRICT;
    Vec *v = snCodeAlloc(c, sizeof *v);
    if (!v) return SN_NOMEM;
    v->type = of == EX_INT ? TYPE_INTEGER
        : of == EX_REAL    ? TYPE_REAL
        : of == EX_STR     ? TYPE_TEXT : type;
    u8 kind = of == EX_NULL && snTypeForm(type) == FORM_STR
        ? EX_STR : kinds[k];
    int rc = selectChunkColumn(c, p, row, n, k, kind, v);
    if (rc) return rc;
    reg[k] = snProgReg(c->prog, v->type);
    u32 at = snCodeAdd(c, OP_Const, sel, reg[k], NO_REG, NO_REG);
    snProgAt(c->prog, at)->p = v;
    if (v->type == type) continue;
    u16 to = snProgReg(c->prog, type);
    at = snCodeAdd(c, OP_Cast, sel, to, reg[k], NO_REG);
    snProgAt(c->prog, at)->flag = (kinds[k] & CELL_STRICT) != 0;
    reg[k] = to;
  }
  return c->prog->rc;
}

/* One row or one chunk; *n says how many rows that was. */
static int selectValuesSome(Compile *c, Plan *p, u32 row, u16 sel, u16 *reg,
    u32 *n) {
  Env v;
  u8 *kinds = snArenaAlloc(c->arena, p->nout + 1);
  int rc = kinds ? SEINE_OK : SN_NOMEM;
  for (u32 k = row; !rc && k < p->s->nrows && k < row + SN_WINDOW; k++)
    for (u32 i = 0; !rc && i < p->nout; i++)
      rc = snResolveCast(c, &p->s->rows[k]->v[i].e, p->out[i].e->type);
  if (rc) return rc;
  *n = selectChunk(p, row, kinds);
  u32 at = snCodeAdd(c, OP_One, sel, NO_REG, NO_REG, NO_REG);
  snProgAt(c->prog, at)->k = SN_MAX(*n, 1u);
  if (*n > 1) return selectChunkRows(c, p, row, *n, sel, kinds, reg);
  *n = 1;
  rc = snEnvInit(c, &v, p, sel);
  for (u32 k = 0; !rc && k < p->nout; k++)
    rc = snCodeExpr(c, &v, p->s->rows[row]->v[k].e, &reg[k]);
  return rc;
}

/* What follows is emitted once: several pieces meet in a store before it. */
static int selectValues(Compile *c, Stage *t) {
  Plan *p = t->p;
  u32 n, size = p->nout + 1;
  u16 sel = snProgSel(c->prog);
  RegList *l = snCodeAlloc(c, sizeof *l + size * sizeof(u16));
  int rc = l ? selectValuesSome(c, p, 0, sel, l->reg, &n) : SN_NOMEM;
  if (rc) return rc;
  if (n == p->s->nrows) return t->fn(c, sel, l->reg, p->nout, t->arg);
  u16 obj = snProgObj(c->prog);
  SortDef *d = NULL;
  u8 *types = snCodeAlloc(c, size);
  if (!types) return SN_NOMEM;
  for (u32 k = 0; k < p->nout; k++) types[k] = p->out[k].e->type;
  for (u32 row = 0; !rc && row < p->s->nrows; row += n) {
    if (row) { /* the first piece stands already */
      l = snCodeAlloc(c, sizeof *l + size * sizeof(u16));
      rc = l ? selectValuesSome(c, p, row, sel, l->reg, &n) : SN_NOMEM;
    }
    d = rc ? NULL : snCodeAlloc(c, sizeof *d);
    if (!d) return rc ? rc : SN_NOMEM;
    l->n = p->nout;
    *d = (SortDef){.types = types, .ncol = p->nout, .cols = l,
        .limit = NO_REG, .offset = NO_REG};
    u32 add = snCodeAdd(c, OP_SortAdd, sel, NO_REG, obj, NO_REG);
    snProgAt(c->prog, add)->p = d;
  }
  u32 at = snCodeAdd(c, OP_Sort, NO_REG, NO_REG, obj, NO_REG);
  snProgAt(c->prog, at)->p = d;
  RegList *out = snCodeAlloc(c, sizeof *out + size * sizeof(u16));
  if (!out) return SN_NOMEM;
  out->n = p->nout;
  for (u32 k = 0; k < p->nout; k++)
    out->reg[k] = snProgReg(c->prog, types[k]);
  u32 next = snCodeAdd(c, OP_Sorted, sel, NO_REG, obj, NO_REG);
  snProgAt(c->prog, next)->p = out;
  rc = t->fn(c, sel, out->reg, p->nout, t->arg);
  snCodeLoop(c, next);
  return rc ? rc : c->prog->rc;
}

/* ---- the whole ---------------------------------------------------------- */

static int selectBody(Compile *c, Stage *t) {
  Plan *p = t->p;
  const Expr *score;
  int rc;
  if (p->s->nrows) return selectValues(c, t);
  t->parts = snCodeParts(c, 1);
  if (!t->parts) return SN_NOMEM;
  if (p->grouped && selectIsExtreme(p)) return selectExtreme(c, t);
  if (p->grouped)
    return selectIsCount(p) ? selectCount(c, t) : selectGroups(c, t);
  if (selectIsTop(p, &score) && !selectHasHits(c, p, score))
    return selectTop(c, t, score);
  if (p->win.n) {
    rc = selectBeginWindow(c, t);
    if (!rc) rc = snCodeFrom(c, p, selectWindowRow, t);
    return rc ? rc : selectWindows(c, t);
  }
  rc = selectBeginFinal(c, t);
  if (!rc) rc = snCodeFrom(c, p, selectFinalRow, t);
  return rc ? rc : selectEndFinal(c, t);
}

int snCodeBound(Compile *c, const Expr *e, u16 *reg) {
  Env v;
  if (!e) return SEINE_OK;
  if (snResolveConst(e)) return snCodeConst(c, e, reg);
  int rc = snEnvInit(c, &v, NULL, snProgSel(c->prog));
  snCodeAdd(c, OP_One, v.sel, NO_REG, NO_REG, NO_REG);
  return rc ? rc : snCodeExpr(c, &v, e, reg);
}

int snCodeSelect(Compile *c, Plan *p, ConsumeRow fn, void *arg) {
  Stage t = {.p = p, .fn = fn, .arg = arg, .limit = NO_REG,
      .offset = NO_REG};
  if (p->call) return snCodeCall(c, p, fn, arg);
  if (p->file) return snInfileCode(c, p, fn, arg);
  p->waits = snWaitFind(p);
  int rc = snCodeSubs(c, p);
  if (!rc && p->set) return snCodeSet(c, p, fn, arg);
  if (!rc) rc = snCodeBound(c, p->s->limit, &t.limit);
  if (!rc) rc = snCodeBound(c, p->s->offset, &t.offset);
  if (rc) return rc;
  t.has_limit = p->s->limit || p->s->offset;
  if (t.has_limit) t.limit_obj = snProgObj(c->prog);
  rc = selectBody(c, &t);
  if (!rc && t.limit_jump)
    snProgJump(c->prog, t.limit_jump, snCodeHere(c));
  return rc;
}
