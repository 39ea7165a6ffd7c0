/*
** code_join: the sources of FROM joined one by one, in the order of Plan.seq.
** The first is scanned; each other one is read into the build side of a join
** before that, and probed with what has come so far.
**
**   build of each:  scan: BuildAdd;  BuildEnd
**   scan of the first:  Probe;  next: Pairs -> sel, else its end;
**       values of both sides;  PairOn;  conditions;  Probe of the next ...
**   right and full joins, when all is probed:  Rest -> next
*/
#include "sql/plan.h"

typedef struct JoinLevel {
  u32 src;
  ExprList build;      /* leaves of the source that the rest needs */
  ExprList key, probe; /* pairs of equal expressions */
  ExprList done;       /* conditions that the keys answer */
  ExprList rest;       /* those of the join that they do not */
  JoinDef *def;
  u16 obj;
  u32 next;            /* its Pairs */
} JoinLevel;
typedef struct JoinArg {
  Plan *p;
  JoinLevel *level;    /* 0 is scanned */
  u32 at;
  ExprList need;       /* leaves that anything after the joins needs */
  Consume fn;
  void *arg;
} JoinArg;

bool snCodeListed(const ExprList *l, const Expr *e) {
  for (u32 i = 0; l && i < l->n; i++)
    if (l->v[i].e == e) return true;
  return false;
}

/* ---- keys --------------------------------------------------------------- */

/* a = b, or a IS b, with one side of the new source and the other of those
** before. */
static bool joinIsKey(const JoinArg *a, const Expr *e, u32 level, Expr **key,
    Expr **probe) {
  bool same = e->kind == EX_IS && !e->negate;
  if (!same && (e->kind != EX_COMPARE || e->op != CMP_EQ)) return false;
  u64 l = snPlanSources(a->p, e->left), r = snPlanSources(a->p, e->right);
  u64 me = 1ull << a->level[level].src, before = 0;
  for (u32 k = 0; k < level; k++) before |= 1ull << a->level[k].src;
  if (l == me && r && !(r & ~before)) {
    *key = e->left;
    *probe = e->right;
    return true;
  }
  if (r == me && l && !(l & ~before)) {
    *key = e->right;
    *probe = e->left;
    return true;
  }
  return false;
}

static int joinKey(Compile *c, JoinArg *a, u32 level, Expr *e, bool *found) {
  JoinLevel *l = a->level + level;
  Expr *key, *probe;
  *found = l->key.n < 60 && joinIsKey(a, e, level, &key, &probe);
  if (!*found) return SEINE_OK;
  if (e->kind == EX_IS) l->def->same |= 1ull << l->key.n;
  int rc = snPlanAdd(c, &l->key, key);
  if (!rc) rc = snPlanAdd(c, &l->probe, probe);
  return rc ? rc : snPlanAdd(c, &l->done, e);
}

/* Keys from the conditions of the select that are asked behind this join, and
** from its own; what is left of the latter decides which pairs are partners. */
static int joinKeys(Compile *c, JoinArg *a, u32 level) {
  Plan *p = a->p;
  JoinLevel *l = a->level + level;
  Source *src = p->src + l->src;
  bool found;
  int rc = SEINE_OK;
  for (u32 i = 0; !rc && src->join == JOIN_INNER && i < p->conj.n; i++) {
    Expr *e = p->conj.v[i].e;
    if (snPlanPlace(p, e) == PLACE_JOIN + level)
      rc = joinKey(c, a, level, e, &found);
  }
  for (u32 i = 0; !rc && i < src->on.n; i++) {
    Expr *e = src->on.v[i].e;
    if (snPlanPlaceOn(p, l->src, e) == l->src) continue;
    rc = joinKey(c, a, level, e, &found);
    if (!rc && !found) rc = snPlanAdd(c, &l->rest, e);
  }
  return rc;
}

/* ---- the build side ----------------------------------------------------- */

static int joinBuildRow(Compile *c, Env *v, void *arg) {
  JoinLevel *l = arg;
  u32 n = l->key.n + l->build.n;
  JoinDef *d = l->def;
  int rc = SEINE_OK;
  d->types = snCodeAlloc(c, n + 1);
  d->cols = snCodeAlloc(c, sizeof(RegList) + (n + 1) * sizeof(u16));
  if (!d->types || !d->cols) return SN_NOMEM;
  d->ncol = d->cols->n = n;
  d->nkeys = l->key.n;
  for (u32 k = 0; !rc && k < n; k++) {
    const Expr *e = k < l->key.n ? l->key.v[k].e
                                 : l->build.v[k - l->key.n].e;
    rc = snCodeExpr(c, v, e, &d->cols->reg[k]);
    d->types[k] = e->type;
  }
  if (rc) return rc;
  u32 at = snCodeAdd(c, OP_BuildAdd, v->sel, NO_REG, l->obj, NO_REG);
  snProgAt(c->prog, at)->p = d;
  return c->prog->rc;
}

static int joinBuild(Compile *c, JoinArg *a, u32 level) {
  JoinLevel *l = a->level + level;
  Plan *p = a->p;
  l->obj = snProgObj(c->prog);
  l->def = snCodeAlloc(c, sizeof *l->def);
  if (!l->def) return SN_NOMEM;
  l->def->mode = p->src[l->src].join;
  int rc = joinKeys(c, a, level);
  l->def->on = l->rest.n > 0;
  for (u32 i = 0; !rc && i < a->need.n; i++) {
    Expr *e = a->need.v[i].e;
    if (e->src == l->src && (e->kind == EX_COLUMN || e->kind == EX_SCORE ||
                                e->kind == EX_WHY || e->kind == EX_HIT))
      rc = snPlanAdd(c, &l->build, e);
  }
  if (!rc) rc = snCodeScan(c, p, l->src, joinBuildRow, l);
  if (rc) return rc;
  if (!l->def->types) { /* nothing was emitted: an empty sub-select */
    l->def->types = snCodeAlloc(c, 1);
    l->def->cols = snCodeAlloc(c, sizeof(RegList));
  }
  u32 at = snCodeAdd(c, OP_BuildEnd, NO_REG, NO_REG, l->obj, NO_REG);
  snProgAt(c->prog, at)->p = l->def;
  return c->prog->rc;
}

/* ---- pairs -------------------------------------------------------------- */

static bool joinIsBefore(const JoinArg *a, u32 level, u32 src) {
  for (u32 k = 0; k < level; k++)
    if (a->level[k].src == src) return true;
  return false;
}

/* Binds the leaves of both sides for the pairs of a level. */
static int joinBoth(Compile *c, Env *v, JoinArg *a, u32 level, Env *out) {
  JoinLevel *l = a->level + level;
  int rc = SEINE_OK;
  for (u32 k = 0; !rc && k < a->need.n; k++) {
    const Expr *e = a->need.v[k].e;
    if (!joinIsBefore(a, level, e->src)) continue;
    for (u32 i = 0; i < v->n; i++) {
      if (!snAstSame(v->bind[i].e, e)) continue;
      u16 from = v->bind[i].reg, to = snProgReg(c->prog, e->type);
      snCodeAdd(c, OP_PairProbe, out->sel, to, l->obj, from);
      rc = snEnvBind(c, out, e, to);
      break;
    }
  }
  for (u32 k = 0; !rc && k < l->build.n; k++) {
    const Expr *e = l->build.v[k].e;
    u16 to = snProgReg(c->prog, e->type);
    u32 at = snCodeAdd(c, OP_PairBuild, out->sel, to, l->obj, NO_REG);
    snProgAt(c->prog, at)->k = l->key.n + k;
    rc = snEnvBind(c, out, e, to);
  }
  return rc;
}

/* Which pairs are partners: all of the join's own conditions. */
static int joinOn(Compile *c, Env *v, const JoinLevel *l) {
  Expr *all = NULL;
  u16 reg;
  if (!l->rest.n) return SEINE_OK;
  for (u32 k = 0; k < l->rest.n; k++) {
    Expr *e = l->rest.v[k].e;
    all = all ? snAstNode(c->p, EX_AND, all, e) : e;
    if (!all) return c->p->rc;
    all->type = TYPE_BOOLEAN;
  }
  u32 kept = v->n; /* what a row without a partner has is not what was bound */
  int rc = snCodeExpr(c, v, all, &reg);
  v->n = kept;
  snCodeAdd(c, OP_PairOn, v->sel, NO_REG, l->obj, reg);
  return rc ? rc : c->prog->rc;
}

static int joinProbe(Compile *c, Env *v, void *arg) {
  JoinArg *a = arg;
  u32 level = a->at + 1;
  JoinLevel *l = a->level + level;
  if (level == a->p->nsrc) return a->fn(c, v, a->arg);
  RegList *keys = snCodeAlloc(c, sizeof *keys + (l->probe.n + 1) * 2);
  int rc = keys ? SEINE_OK : SN_NOMEM;
  for (u32 k = 0; !rc && k < l->probe.n; k++)
    rc = snCodeExpr(c, v, l->probe.v[k].e, &keys->reg[k]);
  for (u32 k = 0; !rc && k < a->need.n; k++) { /* what must go through */
    u16 reg;
    if (joinIsBefore(a, level, a->need.v[k].e->src))
      rc = snCodeExpr(c, v, a->need.v[k].e, &reg);
  }
  if (rc) return rc;
  keys->n = l->probe.n;
  u32 at = snCodeAdd(c, OP_Probe, v->sel, NO_REG, l->obj, NO_REG);
  snProgAt(c->prog, at)->p = keys;
  Env pairs;
  CodePlace place = {PLACE_JOIN + level, &l->done};
  rc = snEnvInit(c, &pairs, a->p, snProgSel(c->prog));
  l->next = snCodeAdd(c, OP_Pairs, pairs.sel, NO_REG, l->obj, NO_REG);
  if (!rc) rc = joinBoth(c, v, a, level, &pairs);
  if (!rc) rc = joinOn(c, &pairs, l);
  if (!rc) rc = snCodeConditions(c, &pairs, &place, l->next);
  a->at = level;
  if (!rc) rc = joinProbe(c, &pairs, a);
  a->at = level - 1;
  u32 back = snCodeAdd(c, OP_Goto, NO_REG, NO_REG, NO_REG, NO_REG);
  snProgJump(c->prog, back, l->next);
  snProgJump(c->prog, l->next, snCodeHere(c));
  return rc ? rc : c->prog->rc;
}

/* ---- the whole ---------------------------------------------------------- */

static int joinNeedList(Compile *c, const ExprList *l, ExprList *out) {
  int rc = SEINE_OK;
  for (u32 i = 0; !rc && l && i < l->n; i++)
    rc = snCodeLeaves(c, l->v[i].e, out);
  return rc;
}

/* Everything that stages after FROM read. */
static int joinNeedBehind(Compile *c, Plan *p, ExprList *out) {
  int rc = SEINE_OK;
  for (u32 i = 0; !rc && i < p->nout; i++)
    rc = snCodeLeaves(c, p->out[i].e, out);
  for (u32 i = 0; !rc && i < p->win.n; i++) {
    const Expr *w = p->win.v[i].e;
    rc = joinNeedList(c, w->list, out);
    if (!rc && w->filter) rc = snCodeLeaves(c, w->filter, out);
    if (!rc) rc = joinNeedList(c, w->over->part, out);
    if (!rc) rc = joinNeedList(c, w->over->order, out);
  }
  if (!rc) rc = joinNeedList(c, &p->order, out);
  return rc || !p->s->qualify ? rc : snCodeLeaves(c, p->s->qualify, out);
}

static int joinNeed(Compile *c, Plan *p, ExprList *out) {
  int rc = joinNeedList(c, &p->conj, out);
  for (u32 s = 0; !rc && s < p->nsrc; s++)
    rc = joinNeedList(c, &p->src[s].on, out);
  if (!rc) rc = joinNeedList(c, &p->key, out);
  for (u32 i = 0; !rc && i < p->agg.n; i++) {
    rc = joinNeedList(c, p->agg.v[i].e->list, out);
    if (!rc && p->agg.v[i].e->filter)
      rc = snCodeLeaves(c, p->agg.v[i].e->filter, out);
  }
  if (!rc && !p->grouped) rc = joinNeedBehind(c, p, out);
  u32 n = 0; /* window functions and groups come later */
  for (u32 i = 0; i < out->n; i++)
    if (out->v[i].e->kind != EX_WINDOW && out->v[i].e->kind != EX_SLOT)
      out->v[n++] = out->v[i];
  out->n = n;
  return rc;
}

int snCodeJoin(Compile *c, Plan *p, Consume fn, void *arg) {
  JoinArg a = {.p = p, .fn = fn, .arg = arg};
  int rc = snPlanOrder(c, p);
  if (!rc) rc = joinNeed(c, p, &a.need);
  a.level = snArenaZero(c->arena, (p->nsrc + 1) * sizeof *a.level);
  if (!rc && !a.level) rc = SN_NOMEM;
  for (u32 k = 0; !rc && k < p->nsrc; k++) a.level[k].src = p->seq[k];
  for (u32 k = 1; !rc && k < p->nsrc; k++) rc = joinBuild(c, &a, k);
  if (!rc) rc = snCodeScan(c, p, p->seq[0], joinProbe, &a);
  for (u32 k = 1; !rc && k < p->nsrc; k++) {
    const JoinLevel *l = a.level + k;
    if (l->def->mode != JOINS_RIGHT && l->def->mode != JOINS_FULL) continue;
    u32 at = snCodeAdd(c, OP_Rest, NO_REG, NO_REG, l->obj, NO_REG);
    snProgAt(c->prog, at)->p = l->def;
    snProgJump(c->prog, at, l->next);
    snProgAt(c->prog, l->next)->k = snCodeHere(c);
  }
  return rc ? rc : c->prog->rc;
}
