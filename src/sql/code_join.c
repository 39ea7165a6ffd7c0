/*
** code_join: the sources of FROM joined one by one, in the order of a tree (see
** plan_order.c).  The first is scanned; each other one, or the join that it
** is, is read into the build side of a join before that, and probed with what
** has come so far.
**
**   build of each:  scan: BuildAdd;  BuildEnd
**   scan of the first:  Probe;  what goes through;
**       next: Pairs -> sel, else its end;  values of both sides that are asked
**       for here;  PairOn;  conditions;  Probe of the next;  the other values
**       ...
**   right and full joins, when all is probed:  Rest -> next
**
** An ASOF join has one column more on either side, behind the keys: that by
** which the nearest row is told.
**
** Probe takes rows without a partner from an inner join's selection, so that
** the values that are read behind it are read for the others only.
*/
#include "sql/plan.h"

typedef struct JoinLevel {
  JoinTree *tree;
  u64 before;          /* sources that have come so far */
  ExprList build;      /* leaves of the source that the rest needs */
  ExprList key, probe; /* pairs of equal expressions */
  Expr *near;          /* of an ASOF join, built behind the keys */
  ExprList done;       /* conditions that the keys answer */
  ExprList rest;       /* those of the join that they do not */
  ExprList need;       /* leaves that its pairs are asked for */
  JoinDef *def;
  u16 obj;
  u32 next;            /* its Pairs */
} JoinLevel;
typedef struct JoinArg {
  Plan *p;
  bool outer;          /* conditions have places of their own */
  u32 n;               /* levels */
  JoinLevel *level;    /* 0 is scanned */
  PartsDef *parts;
  Consume fn;
  void *arg;
} JoinArg;

bool snCodeListed(const ExprList *l, const Expr *e) {
  for (u32 i = 0; l && i < l->n; i++)
    if (l->v[i].e == e) return true;
  return false;
}

static int joinNeedList(Compile *c, const ExprList *l, ExprList *out) {
  int rc = SEINE_OK;
  for (u32 i = 0; !rc && l && i < l->n; i++)
    rc = snCodeLeaves(c, l->v[i].e, out);
  return rc;
}

/* ---- keys --------------------------------------------------------------- */

/* One side is of the new sources and the other of those before. */
static bool joinSides(const JoinArg *a, const Expr *e, u32 level, Expr **key,
    Expr **probe) {
  u64 l = snPlanSources(a->p, e->left), r = snPlanSources(a->p, e->right);
  u64 me = a->level[level].tree->all, before = a->level[level].before;
  if (!l || !r) return false;
  bool left = !(l & ~me) && !(r & ~before);
  *key = left ? e->left : e->right;
  *probe = left ? e->right : e->left;
  return left || (!(r & ~me) && !(l & ~before));
}

/* a = b, or a IS b */
static bool joinIsKey(const JoinArg *a, const Expr *e, u32 level, Expr **key,
    Expr **probe) {
  bool same = e->kind == EX_IS && !e->negate;
  if (!same && (e->kind != EX_COMPARE || e->op != CMP_EQ)) return false;
  return joinSides(a, e, level, key, probe);
}

static CodePlace joinPlace(const JoinArg *a, u32 level) {
  const JoinLevel *l = a->level + level;
  if (a->outer) return (CodePlace){PLACE_JOIN + level, &l->done, 0, 0};
  return (CodePlace){PLACE_JOIN + level, &l->done, l->before, l->tree->all};
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

/* What is left of the conditions of an ASOF join, by which the nearest row is
** told: its probe stands behind those of the keys. */
static int joinNear(Compile *c, JoinArg *a, u32 level) {
  JoinLevel *l = a->level + level;
  const Source *src = a->p->src + l->tree->src;
  const Expr *e = l->rest.n ? l->rest.v[l->rest.n - 1].e : NULL;
  Expr *probe;
  bool one = l->rest.n == 1 && e->kind == EX_COMPARE && e->op >= CMP_LT &&
      joinSides(a, e, level, &l->near, &probe);
  if (!one)
    return snParseError(c->p, e ? e->at : src->from->name.at, "an ASOF JOIN "
        "has equations and one comparison of both sides, like "
        "a.time >= b.time");
  l->rest.n = 0;
  l->def->asof = true;
  bool less = e->op == CMP_LT || e->op == CMP_LE;
  l->def->behind = less != (l->near == e->left);
  l->def->equal = e->op == CMP_LE || e->op == CMP_GE;
  return snPlanAdd(c, &l->probe, probe);
}

/* What a source asks those before it for is what it is looked up by; all of
** its own conditions decide which pairs are partners. */
static int joinKeysLateral(Compile *c, JoinArg *a, u32 level) {
  JoinLevel *l = a->level + level;
  u32 s = l->tree->src;
  const Source *src = a->p->src + s;
  int rc = SEINE_OK;
  for (u32 k = 0; !rc && k < src->args.n; k++) {
    rc = snPlanAdd(c, &l->probe, src->args.v[k].e);
    if (rc || src->expand) continue;
    Expr *e = snAstNew(c->p, EX_COLUMN, 0);
    if (!e) return c->p->rc;
    e->src = s;
    e->i = src->apply->nval + k;
    e->type = src->args.v[k].e->type;
    rc = snPlanAdd(c, &l->key, e);
    l->def->same |= 1ull << (k & 63);
  }
  for (u32 i = 0; !rc && i < src->on.n; i++)
    rc = snPlanAdd(c, &l->rest, src->on.v[i].e);
  return rc;
}

/* Keys from the conditions of the select that are asked behind this join, and
** from its own; what is left of the latter decides which pairs are partners. */
static int joinKeys(Compile *c, JoinArg *a, u32 level) {
  Plan *p = a->p;
  JoinLevel *l = a->level + level;
  u32 s = l->tree->src;
  Source *src = p->src + s;
  CodePlace at = joinPlace(a, level);
  bool found;
  int rc = SEINE_OK;
  if (snPlanNeedsRows(src)) return joinKeysLateral(c, a, level);
  bool where = src->join == JOIN_INNER && !src->asof;
  for (u32 i = 0; !rc && where && i < p->conj.n; i++) {
    Expr *e = p->conj.v[i].e;
    if (snCodeIsHere(p, &at, e)) rc = joinKey(c, a, level, e, &found);
  }
  for (u32 i = 0; !rc && i < src->on.n; i++) {
    Expr *e = src->on.v[i].e;
    if (snPlanPlaceOn(p, s, e) == s) continue;
    rc = joinKey(c, a, level, e, &found);
    if (!rc && !found) rc = snPlanAdd(c, &l->rest, e);
  }
  return rc || !src->asof ? rc : joinNear(c, a, level);
}

static int joinTree(Compile *c, Plan *p, JoinTree *t, const ExprList *keys,
    const ExprList *build, Consume fn, void *arg);

/* ---- the build side ----------------------------------------------------- */

static int joinBuildRow(Compile *c, Env *v, void *arg) {
  JoinLevel *l = arg;
  u32 keys = l->key.n + (l->near != NULL), n = keys + l->build.n;
  JoinDef *d = l->def;
  int rc = SEINE_OK;
  d->types = snCodeAlloc(c, n + 1);
  d->cols = snCodeAlloc(c, sizeof(RegList) + (n + 1) * sizeof(u16));
  if (!d->types || !d->cols) return SN_NOMEM;
  d->ncol = d->cols->n = n;
  d->nkeys = l->key.n;
  for (u32 k = 0; !rc && k < n; k++) {
    const Expr *e = k < l->key.n ? l->key.v[k].e
        : k < keys ? l->near : l->build.v[k - keys].e;
    rc = snCodeExpr(c, v, e, &d->cols->reg[k]);
    d->types[k] = e->type;
  }
  if (rc) return rc;
  u32 at = snCodeAdd(c, OP_BuildAdd, v->sel, NO_REG, l->obj, NO_REG);
  snProgAt(c->prog, at)->p = d;
  return c->prog->rc;
}

static int joinBuildEnd(Compile *c, const JoinLevel *l) {
  if (!l->def->types) { /* nothing was emitted: an empty sub-select */
    l->def->types = snCodeAlloc(c, 1);
    l->def->cols = snCodeAlloc(c, sizeof(RegList));
  }
  u32 at = snCodeAdd(c, OP_BuildEnd, NO_REG, NO_REG, l->obj, NO_REG);
  snProgAt(c->prog, at)->p = l->def;
  return c->prog->rc;
}

/* The rows of a function: all its columns are there. */
static int joinExpandDef(Compile *c, JoinLevel *l, const Source *src) {
  JoinDef *d = l->def;
  u32 n = src->sub->nout;
  bool unnest = !strcmp(src->expand->name, TABLE_FUNC_UNNEST);
  bool hidden = unnest && n == src->args.n; /* the number of the row */
  d->types = snCodeAlloc(c, n + 1);
  if (!d->types) return SN_NOMEM;
  for (u32 k = 0; k < n; k++) d->types[k] = src->sub->out[k].e->type;
  if (hidden) d->types[n++] = TYPE_INTEGER;
  d->ncol = n;
  return SEINE_OK;
}

static int joinBuild(Compile *c, JoinArg *a, u32 level) {
  JoinLevel *l = a->level + level;
  Plan *p = a->p;
  l->obj = snProgObj(c->prog);
  l->def->mode = p->src[l->tree->src].join;
  l->def->on = l->rest.n > 0;
  int rc = SEINE_OK;
  for (u32 i = 0; !rc && i < l->need.n; i++) {
    Expr *e = l->need.v[i].e;
    bool leaf = e->kind == EX_COLUMN || e->kind == EX_SCORE ||
        e->kind == EX_WHY || e->kind == EX_HIT;
    if (leaf && (l->tree->all >> e->src & 1))
      rc = snPlanAdd(c, &l->build, e);
  }
  if (rc) return rc;
  if (p->src[l->tree->src].expand)
    return joinExpandDef(c, l, p->src + l->tree->src);
  if (p->src[l->tree->src].apply) return c->prog->rc; /* built row by row */
  if (l->key.n) {
    a->parts->obj[a->parts->n++] = l->obj;
    l->def->parts = a->parts;
  }
  ExprList asks = {0};
  for (u32 i = 0; !rc && i < l->key.n; i++)
    rc = snPlanAdd(c, &asks, l->key.v[i].e);
  if (!rc && l->near) rc = snPlanAdd(c, &asks, l->near);
  if (!rc) rc = joinTree(c, p, l->tree, &asks, &l->build, joinBuildRow, l);
  return rc ? rc : joinBuildEnd(c, l);
}

/* ---- pairs -------------------------------------------------------------- */

static bool joinIsBefore(const JoinArg *a, u32 level, u32 src) {
  return a->level[level].before >> src & 1;
}

/* Binds leaves of both sides for the pairs of a level, v having those before:
** those of `some`, or all that are not bound. */
static int joinBoth(Compile *c, const Env *v, JoinArg *a, u32 level,
    const ExprList *some, Env *out) {
  JoinLevel *l = a->level + level;
  u32 own = l->key.n + (l->near != NULL);
  u16 from, bound;
  int rc = SEINE_OK;
  for (u32 k = 0; !rc && k < l->need.n; k++) {
    const Expr *e = l->need.v[k].e;
    if (!joinIsBefore(a, level, e->src) || snEnvBound(out, e, &bound) ||
        (some && !snPlanHas(some, e)) || !snEnvBound(v, e, &from))
      continue;
    u16 to = snProgReg(c->prog, e->type);
    snCodeAdd(c, OP_PairProbe, out->sel, to, l->obj, from);
    rc = snEnvBind(c, out, e, to);
  }
  for (u32 k = 0; !rc && k < l->build.n; k++) {
    const Expr *e = l->build.v[k].e;
    if (snEnvBound(out, e, &bound) || (some && !snPlanHas(some, e)))
      continue;
    u16 to = snProgReg(c->prog, e->type);
    u32 at = snCodeAdd(c, OP_PairBuild, out->sel, to, l->obj, NO_REG);
    snProgAt(c->prog, at)->k = a->p->src[e->src].expand ? e->i
                                                       : own + k;
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

/* What the pairs of a level are asked for first: by the join, by conditions
** and for the keys of the next. */
static int joinFirst(Compile *c, const JoinArg *a, u32 level,
    ExprList *out) {
  const JoinLevel *l = a->level + level;
  CodePlace at = joinPlace(a, level);
  int rc = joinNeedList(c, &l->rest, out);
  for (u32 i = 0; !rc && i < a->p->conj.n; i++)
    if (snCodeIsHere(a->p, &at, a->p->conj.v[i].e))
      rc = snCodeLeaves(c, a->p->conj.v[i].e, out);
  if (!rc && level + 1 < a->n) rc = joinNeedList(c, &l[1].probe, out);
  return rc;
}

/* Rows of a sub-select for the keys of this batch that are new. */
typedef struct JoinApply { Plan *p; JoinLevel *l; } JoinApply;

static int joinApplyRows(Compile *c, void *arg) {
  JoinApply *a = arg;
  return snCodeScan(c, a->p, a->l->tree->src, joinBuildRow, a->l);
}

/* What makes the pairs of a level; *again: where to go when there are no more
** of them, or UINT32_MAX: on. */
static int joinSeek(Compile *c, Env *v, JoinArg *a, JoinLevel *l,
    RegList *keys, u32 *again) {
  const Source *src = a->p->src + l->tree->src;
  int rc = SEINE_OK;
  *again = UINT32_MAX;
  if (src->expand) {
    ExpandDef *d = snCodeAlloc(c, sizeof *d);
    if (!d) return SN_NOMEM;
    *d = (ExpandDef){.func = src->expand, .join = l->def, .nargs = keys->n};
    memcpy(d->arg, keys->reg, keys->n * sizeof *d->arg);
    *again = snCodeAdd(c, OP_Expand, v->sel, NO_REG, l->obj, NO_REG);
    snProgAt(c->prog, *again)->p = d;
    snProgAt(c->prog, *again)->note = src->expand->name;
    return c->prog->rc;
  }
  JoinApply apply = {a->p, l};
  if (src->apply)
    rc = snCodeApply(c, v, src->apply, keys, joinApplyRows, &apply);
  if (!rc && src->apply) rc = joinBuildEnd(c, l);
  u32 at = snCodeAdd(c, OP_Probe, v->sel, NO_REG, l->obj, NO_REG);
  snProgAt(c->prog, at)->p = keys;
  if (l->near) snProgAt(c->prog, at)->note = "nearest";
  return rc ? rc : c->prog->rc;
}

static int joinNext(Compile *c, Env *v, JoinArg *a, u32 level, u32 again);

/* What goes through a level.  from: what the pairs of v are of. */
static int joinThrough(Compile *c, Env *v, const Env *from, JoinArg *a,
    u32 level) {
  const JoinLevel *l = a->level + level;
  int rc = level > 1 ? joinBoth(c, from, a, level - 1, NULL, v) : SEINE_OK;
  for (u32 k = 0; !rc && k < l->need.n; k++) {
    u16 reg;
    if (joinIsBefore(a, level, l->need.v[k].e->src))
      rc = snCodeExpr(c, v, l->need.v[k].e, &reg);
  }
  return rc;
}

/* v: the scan of the first, or the pairs of the level before. */
static int joinProbe(Compile *c, Env *v, const Env *from, JoinArg *a,
    u32 level) {
  JoinLevel *l = a->level + level;
  int rc = SEINE_OK;
  if (level == a->n) {
    rc = joinBoth(c, from, a, level - 1, NULL, v);
    return rc ? rc : a->fn(c, v, a->arg);
  }
  RegList *keys = snCodeAlloc(c, sizeof *keys + (l->probe.n + 1) * 2);
  if (!keys) return SN_NOMEM;
  for (u32 k = 0; !rc && k < l->probe.n; k++)
    rc = snCodeExpr(c, v, l->probe.v[k].e, &keys->reg[k]);
  keys->n = l->probe.n;
  bool expands = a->p->src[l->tree->src].expand != NULL;
  u32 again;
  if (!rc && expands) rc = joinThrough(c, v, from, a, level); /* once */
  if (!rc) rc = joinSeek(c, v, a, l, keys, &again);
  if (!rc && !expands) rc = joinThrough(c, v, from, a, level);
  return rc ? rc : joinNext(c, v, a, level, again);
}

static int joinNext(Compile *c, Env *v, JoinArg *a, u32 level, u32 again) {
  JoinLevel *l = a->level + level;
  CodePlace place = joinPlace(a, level);
  ExprList first = {0};
  Env pairs;
  int rc = snEnvInit(c, &pairs, a->p, snProgSel(c->prog));
  l->next = snCodeAdd(c, OP_Pairs, pairs.sel, NO_REG, l->obj, NO_REG);
  if (!rc) rc = joinFirst(c, a, level, &first);
  if (!rc) rc = joinBoth(c, v, a, level, &first, &pairs);
  if (!rc) rc = joinOn(c, &pairs, l);
  if (!rc) rc = snCodeConditions(c, &pairs, &place, l->next);
  if (!rc) rc = joinProbe(c, &pairs, v, a, level + 1);
  snCodeLoop(c, l->next);
  if (again != UINT32_MAX) snCodeLoop(c, again);
  return rc ? rc : c->prog->rc;
}

static int joinScanned(Compile *c, Env *v, void *arg) {
  JoinArg *a = arg;
  a->parts->through = snCodeHere(c);
  return joinProbe(c, v, NULL, a, 1);
}

/* ---- the whole ---------------------------------------------------------- */

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
    if (!rc && w->over->start) rc = snCodeLeaves(c, w->over->start, out);
    if (!rc && w->over->end) rc = snCodeLeaves(c, w->over->end, out);
  }
  if (!rc) rc = joinNeedList(c, &p->order, out);
  return rc || !p->s->qualify ? rc : snCodeLeaves(c, p->s->qualify, out);
}

int snCodeNeeds(Compile *c, Plan *p, ExprList *out) {
  int rc = joinNeedList(c, &p->more, out);
  if (!rc) rc = joinNeedList(c, &p->key, out);
  for (u32 i = 0; !rc && i < p->agg.n; i++) {
    rc = joinNeedList(c, p->agg.v[i].e->list, out);
    if (!rc) rc = joinNeedList(c, p->agg.v[i].e->order, out);
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

/* The pairs of a level: what is asked of them, what the levels behind look up
** and ask, and what stands behind all joins. */
static int joinNeed(Compile *c, JoinArg *a, u32 level, const ExprList *all) {
  const Plan *p = a->p;
  JoinLevel *l = a->level + level;
  int rc = joinNeedList(c, &l->rest, &l->need);
  for (u32 k = level; !rc && k < a->n; k++) {
    CodePlace at = joinPlace(a, k);
    for (u32 i = 0; !rc && i < p->conj.n; i++)
      if (snCodeIsHere(p, &at, p->conj.v[i].e))
        rc = snCodeLeaves(c, p->conj.v[i].e, &l->need);
    if (rc || k == level) continue;
    rc = joinNeedList(c, &a->level[k].probe, &l->need);
    if (!rc) rc = joinNeedList(c, &a->level[k].rest, &l->need);
  }
  return rc ? rc : joinNeedList(c, all, &l->need);
}

static int joinLevels(Compile *c, JoinArg *a, JoinTree *t) {
  a->n = t->n + 1;
  a->level = snArenaZero(c->arena, a->n * sizeof *a->level);
  a->parts = snCodeParts(c, a->n);
  if (!a->level || !a->parts) return SN_NOMEM;
  u64 before = 1ull << t->src;
  for (u32 k = 1; k < a->n; k++) {
    JoinLevel *l = a->level + k;
    l->tree = t->child[k - 1];
    l->before = before;
    before |= l->tree->all;
    l->def = snCodeAlloc(c, sizeof *l->def);
    if (!l->def) return SN_NOMEM;
    int rc = joinKeys(c, a, k);
    if (rc) return rc;
  }
  return SEINE_OK;
}

/* keys, build: leaves that fn asks for. */
static int joinTree(Compile *c, Plan *p, JoinTree *t, const ExprList *keys,
    const ExprList *build, Consume fn, void *arg) {
  if (!t->n) return snCodeScan(c, p, t->src, fn, arg);
  JoinArg a = {.p = p, .fn = fn, .arg = arg};
  ExprList all = {0};
  int rc = joinNeedList(c, keys, &all);
  if (!rc && build) rc = joinNeedList(c, build, &all);
  for (u32 s = 0; s < p->nsrc; s++)
    a.outer |= p->src[s].join != JOIN_INNER || p->src[s].asof ||
        snPlanNeedsRows(p->src + s);
  if (!rc) rc = joinLevels(c, &a, t);
  for (u32 k = 1; !rc && k < a.n; k++) rc = joinNeed(c, &a, k, &all);
  for (u32 k = 1; !rc && k < a.n; k++) rc = joinBuild(c, &a, k);
  if (!rc) rc = snCodeScan(c, p, t->src, joinScanned, &a);
  for (u32 k = 1; !rc && k < a.n; k++) {
    const JoinLevel *l = a.level + k;
    if (l->def->mode != JOINS_RIGHT && l->def->mode != JOINS_FULL) continue;
    u32 at = snCodeAdd(c, OP_Rest, NO_REG, NO_REG, l->obj, NO_REG);
    snProgAt(c->prog, at)->p = l->def;
    snProgJump(c->prog, at, l->next);
    snProgAt(c->prog, l->next)->k = snCodeHere(c);
    a.parts->order |= a.parts->n > 1;
  }
  return rc ? rc : snCodePartsEnd(c, a.parts);
}

int snCodeJoin(Compile *c, Plan *p, Consume fn, void *arg) {
  ExprList all = {0};
  JoinTree *t;
  int rc = snPlanOrder(c, p, &t);
  if (!rc) rc = snCodeNeeds(c, p, &all);
  return rc ? rc : joinTree(c, p, t, &all, NULL, fn, arg);
}
