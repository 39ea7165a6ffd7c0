/*
** plan_sub: sub-queries in expressions become look-ups.
**
** A sub-query is answered in one of three ways.  ONCE: nothing in it is of the
** select around it; it runs before that one begins.  KEYED: all that it takes
** from outside stands in conditions `inner = outer` of its WHERE.  Without
** them, its rows are those for all keys `inner`; it too runs once, and a row
** outside looks its `outer` up.  APPLY: for anything else.  What it takes from
** outside are columns of one more source, the domain; it runs for those of a
** batch that were not asked for before.
**
** In both latter ways a plan is made one by keys: groups and partitions are
** made within each key, LIMIT counts within it, and the keys are its last
** columns.
*/
#include "sql/plan.h"

/* ---- what comes from outside -------------------------------------------- */

typedef struct SubWalk {
  u32 outer, lookups, windows; /* met */
  const ExprList *args, *as; /* what stands outside, and here instead */
} SubWalk;

static bool subCount(void *arg, Expr **at) {
  SubWalk *w = arg;
  w->outer += (*at)->kind == EX_OUTER;
  w->lookups += (*at)->kind == EX_LOOKUP;
  w->windows += (*at)->kind == EX_WINDOW;
  return (*at)->kind != EX_OUTER;
}

static SubWalk subMeet(const Expr *e) {
  SubWalk w = {0};
  Expr *root = (Expr *)(uintptr_t)e;
  snAstWalk(&root, subCount, &w);
  return w;
}

/* An expression of the select around this one, as it is there. */
static bool subUnwrap(void *arg, Expr **at) {
  (void)arg;
  if ((*at)->kind != EX_OUTER) return true;
  *at = (*at)->left;
  return false;
}

/* A copy: what stands in a tree twice would be unwrapped twice. */
Expr *snPlanSubOutside(Compile *c, Expr *e) {
  Expr *x = snAstCopy(c->p, e);
  if (!x) return e; /* the statement has failed */
  snAstWalk(&x, subUnwrap, NULL);
  return x;
}

static int subArg(Compile *c, ExprList *out, Expr *e) {
  return snPlanHas(out, e) ? SEINE_OK : snPlanAdd(c, out, e);
}

/* All that a plan and the plans in its FROM take from outside. */
static int subArgs(Compile *c, const Plan *p, ExprList *out) {
  int rc = SEINE_OK;
  for (u32 i = 0; !rc && i < p->corr.n; i++)
    rc = subArg(c, out, p->corr.v[i].e->left);
  if (!rc && p->set) rc = subArgs(c, p->left, out);
  if (!rc && p->set) rc = subArgs(c, p->right, out);
  for (u32 s = 0; !rc && s < p->nsrc; s++)
    if (p->src[s].sub && !p->src[s].rows)
      rc = subArgs(c, p->src[s].sub, out);
  return rc;
}

/* ---- by keys ------------------------------------------------------------ */

static ExprList *subMore(Compile *c, const ExprList *l, const ExprList *keys) {
  ExprList *out = NULL;
  for (u32 i = 0; l && i < l->n; i++) {
    out = snAstList(c->p, out, l->v[i].e);
    if (c->p->rc) return NULL;
    out->v[i] = l->v[i];
  }
  for (u32 i = 0; i < keys->n; i++)
    out = snAstList(c->p, out, keys->v[i].e);
  return out;
}

/* The keys as the stages behind groups know them. */
static int subGroups(Compile *c, Plan *p, ExprList *keys) {
  if (!p->grouped) return SEINE_OK;
  for (u32 i = 0; i < keys->n; i++) {
    Expr *e = keys->v[i].e;
    u32 k = 0;
    while (k < p->key.n && !snAstSame(p->key.v[k].e, e)) k++;
    if (k == p->key.n && snPlanAdd(c, &p->key, e)) return c->p->rc;
    for (u32 j = 0; j < p->nset; j++) p->sets[j] |= 1ull << (k & 63);
    keys->v[i].e = snPlanSlot(c, k, e);
    if (!keys->v[i].e) return c->p->rc;
  }
  return SEINE_OK;
}

static Expr *subCompare(Compile *c, int op, Expr *a, Expr *b) {
  Expr *e = snAstOp(c->p, EX_COMPARE, op, a, b);
  if (e) e->type = TYPE_BOOLEAN;
  return e;
}

static Expr *subBoth(Compile *c, Expr *a, Expr *b) {
  Expr *e = a && b ? snAstNode(c->p, EX_AND, a, b) : a ? a : b;
  if (e) e->type = TYPE_BOOLEAN;
  return e;
}

/* The number of a row among those of its key, in the order asked for. */
static Expr *subNumber(Compile *c, Plan *p, const ExprList *keys) {
  Expr *e = snAstNew(c->p, EX_WINDOW, p->s->at);
  Window *w = snArenaZero(c->arena, sizeof *w);
  ExprList *order = snArenaZero(c->arena, sizeof *order);
  if (!e || !w || !order) return NULL;
  *order = p->order;
  for (u32 i = 0; i < order->n; i++) order->v[i].nulls_set = true;
  w->part = subMore(c, NULL, keys);
  w->order = order;
  w->has_frame = true;
  w->frame = (Frame){.mode = FRAME_RANGE,
      .start = FRAME_UNBOUNDED_PRECEDING, .end = FRAME_CURRENT};
  e->win = snWindowFind("row_number", 10, 0);
  e->over = w;
  e->type = TYPE_INTEGER;
  e->slot = p->win.n;
  return snPlanAdd(c, &p->win, e) ? NULL : e;
}

static int subLimit(Compile *c, Plan *p, const ExprList *keys) {
  Select *s = p->s;
  Expr *limit = s->limit, *offset = s->offset, *ok = NULL;
  if (!limit && !offset) return SEINE_OK;
  const char *beside = s->distinct ? "DISTINCT" : s->qualify ? "QUALIFY" : NULL;
  for (u32 i = 0; !beside && i < p->order.n; i++)
    if (subMeet(p->order.v[i].e).windows) /* subNumber() is one as well */
      beside = "ORDER BY of a window function";
  if (beside)
    return snParseError(c->p, s->at, "LIMIT beside %s in a sub-query that "
        "depends on the select around it: put that into one more sub-select",
        beside);
  Expr *number = subNumber(c, p, keys);
  if (number && offset) ok = subCompare(c, CMP_GT, number, offset);
  bool all = limit && limit->kind == EX_INT && limit->i < 0;
  if (number && limit && !all) {
    Expr *end = limit;
    if (offset) end = snAstOp(c->p, EX_ARITH, AR_ADD, offset, limit);
    if (end) end->type = TYPE_INTEGER;
    ok = subBoth(c, ok, subCompare(c, CMP_LE, number, end));
  }
  s->qualify = ok;
  s->limit = s->offset = NULL;
  p->order.n = 0;
  return c->p->rc;
}

static bool subIntern(void *arg, Expr **at) {
  SubWalk *w = arg;
  const Expr *e = *at;
  if (e->kind != EX_OUTER) return true;
  for (u32 k = 0; k < w->args->n; k++) {
    if (!snAstSame(w->args->v[k].e, e->left)) continue;
    *at = w->as->v[k].e;
    break;
  }
  return false;
}

/* args: what stands outside for each key, if it may be asked for by name. */
static int subKeyed(Compile *c, Plan *p, const ExprList *keys,
    const ExprList *args) {
  ExprList own = {0};
  int rc = SEINE_OK;
  for (u32 i = 0; !rc && i < keys->n; i++)
    rc = snPlanAdd(c, &own, keys->v[i].e);
  if (!rc) rc = subGroups(c, p, &own);
  SubWalk w = {.args = args, .as = &own};
  if (!rc && args) snPlanWalk(p, PART_REST, subIntern, &w);
  for (u32 i = 0; !rc && i < p->win.n; i++) {
    Window *over = p->win.v[i].e->over;
    if (over->keyed) continue;
    over->part = subMore(c, over->part, &own);
    over->keyed = true;
  }
  if (!rc) rc = subLimit(c, p, &own);
  for (u32 i = 0; !rc && i < own.n; i++)
    rc = snPlanOut(c, p, own.v[i].e, "");
  return rc ? rc : c->p->rc;
}

/* ---- KEYED -------------------------------------------------------------- */

/* inner = outer, either way round. */
static bool subIsKey(const Plan *p, const Expr *e, Expr **inner,
    Expr **outer) {
  if (e->kind != EX_COMPARE || e->op != CMP_EQ) return false;
  SubWalk l = subMeet(e->left), r = subMeet(e->right);
  bool left = l.outer == 0;
  *inner = left ? e->left : e->right;
  *outer = left ? e->right : e->left;
  if (!l.outer == !r.outer || (left ? r : l).lookups) return false;
  return snPlanSources(p, *inner) && !snPlanSources(p, *outer);
}

/* Without GROUP BY there is one row, whatever WHERE leaves. */
static bool subIsWhole(const Plan *p) {
  return !snPlanIsLeaf(p) && p->grouped && !p->key.n &&
      !p->s->group && !p->s->group_all;
}

/* Takes the conditions that are keys out of WHERE; false: something else of
** the plan depends on the outside, and nothing was changed. */
static bool subTakeKeys(Compile *c, Plan *p, ExprList *inner,
    ExprList *outer) {
  ExprList all = p->conj, rest = {0};
  SubWalk w = {0};
  if (snPlanIsLeaf(p) || !p->nsrc ||
      (subIsWhole(p) && !p->kept))
    return false;
  for (u32 i = 0; i < all.n; i++) {
    Expr *a, *b;
    if (!subIsKey(p, all.v[i].e, &a, &b)) {
      (void)snPlanAdd(c, &rest, all.v[i].e);
      continue;
    }
    (void)snPlanAdd(c, inner, a);
    (void)snPlanAdd(c, outer, b);
  }
  p->conj = rest;
  snPlanWalk(p, PART_FROM | PART_REST, subCount, &w);
  for (u32 s = 0; s < p->nsrc; s++) {
    ExprList of = {0};
    if (p->src[s].sub && !p->src[s].rows)
      (void)subArgs(c, p->src[s].sub, &of);
    w.outer += of.n;
  }
  bool good = !w.outer && inner->n && !c->p->rc;
  if (!good) {
    p->conj = all;
    inner->n = outer->n = 0;
    return false;
  }
  for (u32 i = 0; i < outer->n; i++)
    outer->v[i].e = snPlanSubOutside(c, outer->v[i].e);
  p->corr.n = 0;
  return true;
}

/* ---- the value of no rows ----------------------------------------------- */

/* What an aggregate says of no rows, as a literal. */
static Expr *subNothing(Compile *c, const Expr *agg) {
  Budget *b = c->arena->budget;
  u8 types[4] = {0};
  u32 n = agg->list ? SN_MIN(agg->list->n, 4u) : 0;
  for (u32 k = 0; k < n; k++) types[k] = agg->list->v[k].e->type;
  Expr *e = snAstNew(c->p, EX_NULL, agg->at);
  Vec v = {.type = agg->type};
  v.data = snArenaZero(c->arena, SN_WINDOW * sizeof(Str));
  v.nulls = snArenaZero(c->arena, SN_WORDS * sizeof(u64));
  v.buf = v.data;
  v.null_buf = v.nulls;
  if (!e || !v.data || !v.nulls) return NULL;
  Agg *a = NULL;
  int rc = snAggOpen(b, agg->agg, types, n, agg->distinct, &a);
  if (!rc) rc = snAggFinal(a, 0, 1, c->arena, &v);
  snAggClose(a);
  e->type = agg->type;
  if (rc == SN_NOMEM) return NULL;
  if (rc || snVecNull(&v, 0)) return e;
  Form form = snTypeForm(agg->type);
  if (agg->type == TYPE_BOOLEAN) {
    e->kind = EX_BOOL;
    e->i = snBit(v.data, 0);
  } else if (form == FORM_INT) {
    e->kind = EX_INT;
    e->i = ((const i64 *)v.data)[0];
  } else if (form == FORM_REAL) {
    e->kind = EX_REAL;
    e->d = ((const double *)v.data)[0];
  } else {
    const Str *s = v.data;
    e->kind = EX_STR;
    e->text = (const char *)s->p;
    e->len = s->n;
  }
  return e;
}

typedef struct SubNone { Compile *c; const Plan *p; } SubNone;

static bool subNoneSlot(void *arg, Expr **at) {
  SubNone *n = arg;
  const Expr *e = *at;
  if (e->kind != EX_SLOT || e->i < SLOT_AGG) return true;
  Expr *x = subNothing(n->c, n->p->agg.v[e->i - SLOT_AGG].e);
  if (x) *at = x;
  else if (!n->c->p->rc) n->c->p->rc = SN_NOMEM;
  return false;
}

/* A copy of a value as it is without rows. */
static Expr *subNoneOf(Compile *c, const Plan *p, const Expr *e) {
  SubNone n = {c, p};
  Expr *x = snAstCopy(c->p, e);
  if (x) snAstWalk(&x, subNoneSlot, &n);
  return x;
}

static Expr *subWhen(Compile *c, Expr *when, Expr *then, Expr *other) {
  Expr *e = snAstWhen(c->p, when, then, other);
  if (!e) return NULL;
  e->type = then ? then->type : TYPE_NULL;
  if (then) e->at = then->at;
  return e;
}

/* A value without GROUP BY has a row even where no row was: *none is what it
** says then.  HAVING becomes a part of the value. */
static int subNone(Compile *c, Plan *p, Expr **none) {
  Expr **out = &p->out[0].e;
  if (p->s->having) {
    *out = subWhen(c, p->s->having, *out, NULL);
    if (!*out) return c->p->rc;
    p->s->having = NULL;
  }
  *none = subNoneOf(c, p, *out);
  if (*none) snAstWalk(none, subUnwrap, NULL);
  return c->p->rc;
}

/* ---- APPLY -------------------------------------------------------------- */

static Expr *subColumn(Compile *c, u32 src, u32 col, u8 type) {
  Expr *e = snAstNew(c->p, EX_COLUMN, 0);
  if (!e) return NULL;
  e->src = src;
  e->i = col;
  e->type = type;
  return e;
}

/* Conditions of joins that ask the outside need the domain before them. */
static int subPlace(Compile *c, Plan *p, u32 domain) {
  SubWalk w = {0};
  bool right = false;
  for (u32 s = 0; s < domain; s++) {
    for (u32 i = 0; i < p->src[s].on.n; i++)
      snAstWalk(&p->src[s].on.v[i].e, subCount, &w);
    for (u32 i = 0; i < p->src[s].args.n; i++)
      snAstWalk(&p->src[s].args.v[i].e, subCount, &w);
    right |= p->src[s].join == JOIN_RIGHT || p->src[s].join == JOIN_FULL;
  }
  p->seq[domain] = domain;
  if (!w.outer) return SEINE_OK;
  if (right)
    return snParseError(c->p, p->s->at, "ON of a join beside a RIGHT or FULL "
        "JOIN cannot depend on the select around this one");
  for (u32 k = domain; k > 0; k--) p->seq[k] = p->seq[k - 1];
  p->seq[0] = domain;
  return SEINE_OK;
}

static int subApply(Compile *c, Plan *p, Sub *sub, const ExprList *args);

static int subApplySet(Compile *c, Plan *p, Sub *sub, const ExprList *args) {
  int rc = subApply(c, p->left, sub, args);
  if (!rc) rc = subApply(c, p->right, sub, args);
  for (u32 k = 0; !rc && k < args->n; k++)
    rc = snPlanOut(c, p, subColumn(c, 0, p->nout, args->v[k].e->type), "");
  return rc;
}

/* A plan in FROM that asks the outside too: its rows are those of the same
** key. */
static int subApplyFrom(Compile *c, Plan *p, u32 s, Sub *sub,
    const ExprList *args, u32 domain) {
  Plan *of = p->src[s].sub;
  ExprList free = {0};
  u32 n = of ? of->nout : 0;
  int rc = of && !p->src[s].rows ? subArgs(c, of, &free) : SEINE_OK;
  if (rc || !free.n) return rc;
  rc = subApply(c, of, sub, args);
  for (u32 k = 0; !rc && k < args->n; k++) {
    u8 type = args->v[k].e->type;
    Expr *same = snAstNode(c->p, EX_IS, subColumn(c, s, n + k, type),
        subColumn(c, domain, k, type));
    if (!same) return c->p->rc;
    same->type = TYPE_BOOLEAN;
    rc = snPlanAdd(c, &p->conj, same);
  }
  return rc;
}

/* Such a plan, by keys, has no row for a key without rows.  It becomes: the
** domain, and beside each key the row that there is, or what no rows give. */
static int subApplyWhole(Compile *c, Plan *p, Sub *sub,
    const ExprList *args) {
  Plan *n = snArenaAlloc(c->arena, sizeof *n);
  Select *s = snAstSelect(c->p, p->s->at);
  Expr *yes = snAstNew(c->p, EX_BOOL, p->s->at), *having = p->s->having;
  ExprList keys = {0};
  if (!n || !s || !yes) return SN_NOMEM;
  const Expr *limit = p->s->limit;
  bool some = !limit || (limit->kind == EX_INT && limit->i > 0);
  if (p->win.n || p->s->offset || !some)
    return snParseError(c->p, p->s->at, "aggregates without GROUP BY that "
        "depend on the select around them have no OFFSET and no window "
        "functions");
  p->s->limit = NULL;
  p->s->having = NULL;
  *n = *p;
  *p = (Plan){.outer = n->outer, .s = s, .nsrc = 2};
  p->src = snArenaZero(c->arena, 3 * sizeof *p->src);
  p->seq = snArenaZero(c->arena, 3 * sizeof *p->seq);
  if (!p->src || !p->seq) return SN_NOMEM;
  p->seq[1] = 1;
  p->src[0] = (Source){.domain = sub, .cursor = NO_REG};
  p->src[1] = (Source){.sub = n, .cursor = NO_REG, .join = JOIN_LEFT,
      .late = 1};
  for (u32 k = 0; k < args->n; k++)
    if (snPlanAdd(c, &keys, subColumn(c, 0, k, args->v[k].e->type)))
      return c->p->rc;
  SubWalk w = {.args = args, .as = &keys};
  u32 nout = n->nout;
  Expr *found = snAstNotNull(c->p, subColumn(c, 1, nout, TYPE_BOOLEAN));
  yes->type = TYPE_BOOLEAN;
  yes->i = 1;
  if (!found || snPlanOut(c, n, yes, "")) return c->p->rc;
  found->type = TYPE_BOOLEAN;
  if (having && snPlanOut(c, n, having, "")) return c->p->rc;
  for (u32 k = 0; k < n->nout; k++) {
    if (k == nout) continue;
    Expr *none = subNoneOf(c, n, n->out[k].e);
    if (none) snAstWalk(&none, subIntern, &w);
    Expr *e = subWhen(c, found, subColumn(c, 1, k, n->out[k].e->type), none);
    int rc = !e ? c->p->rc : k < nout ? snPlanOut(c, p, e, n->out[k].name)
                                      : snPlanAdd(c, &p->conj, e);
    if (rc) return rc;
  }
  u32 first = n->nout;
  n->kept = true;
  int rc = subApply(c, n, sub, args);
  for (u32 k = 0; !rc && k < args->n; k++) {
    u8 type = args->v[k].e->type;
    Expr *same = snAstNode(c->p, EX_IS, subColumn(c, 1, first + k, type),
        keys.v[k].e);
    if (!same) return c->p->rc;
    same->type = TYPE_BOOLEAN;
    rc = snPlanAdd(c, &p->src[1].on, same);
    if (!rc) rc = snPlanOut(c, p, keys.v[k].e, "");
  }
  return rc;
}

static int subApply(Compile *c, Plan *p, Sub *sub, const ExprList *args) {
  if (p->set) return subApplySet(c, p, sub, args);
  if (subIsWhole(p) && !p->kept) return subApplyWhole(c, p, sub, args);
  u32 domain = p->nsrc;
  ExprList keys = {0};
  if (!p->src) { /* VALUES, or a function: nothing in it asks */
    p->src = snArenaZero(c->arena, sizeof *p->src);
    p->seq = snArenaZero(c->arena, sizeof *p->seq);
    if (!p->src || !p->seq) return SN_NOMEM;
  }
  if (snPlanIsLeaf(p))
    return snParseError(c->p, p->s->at, "this cannot depend on the select "
        "around it");
  if (domain == SQL_SOURCES)
    return snParseError(c->p, p->s->at, "more than %u tables in a sub-query "
        "that depends on the select around it", SQL_SOURCES - 1);
  int rc = subPlace(c, p, domain);
  if (rc) return rc;
  p->nsrc++;
  p->src[domain] = (Source){.domain = sub, .cursor = NO_REG};
  for (u32 s = 0; !rc && s < domain; s++)
    rc = subApplyFrom(c, p, s, sub, args, domain);
  for (u32 k = 0; !rc && k < args->n; k++)
    rc = snPlanAdd(c, &keys,
        subColumn(c, domain, k, args->v[k].e->type));
  SubWalk w = {.args = args, .as = &keys};
  if (!rc) snPlanWalk(p, PART_FROM, subIntern, &w);
  p->corr.n = 0;
  return rc ? rc : subKeyed(c, p, &keys, args);
}

/* ---- the look-up -------------------------------------------------------- */

static Expr *subLookup(Compile *c, Sub *s, const ExprList *keys, u32 at,
    u8 kind, u8 type) {
  Expr *e = snAstNew(c->p, EX_LOOKUP, at);
  if (!e) return NULL;
  e->op = kind;
  e->type = type;
  e->sub = s;
  e->list = keys->n ? subMore(c, NULL, keys) : NULL;
  return e;
}

/* CASE WHEN there is a row THEN its value ELSE none END. */
static int subOrNone(Compile *c, Expr **at, const ExprList *keys,
    Expr *none) {
  Expr *value = *at;
  if (none->kind == EX_NULL) return SEINE_OK;
  Expr *found = subLookup(c, value->sub, keys, value->at, SUB_EXISTS,
      TYPE_BOOLEAN);
  Expr *e = subWhen(c, found, value, none);
  if (found && e) *at = e;
  return c->p->rc;
}

/* The rows of EXISTS matter, not what is in them. */
static void subBare(Plan *p) {
  if (snPlanIsLeaf(p)) return;
  p->s->distinct = false;
  if (p->win.n) return; /* QUALIFY may look at them */
  p->nout = 0;
  if (!p->s->limit && !p->s->offset) p->order.n = 0;
}

/* One row is enough. */
static int subFirst(Compile *c, Plan *p) {
  if (snPlanIsLeaf(p) || p->s->limit) return SEINE_OK;
  Expr *one = snAstInt(c->p, p->s->at, 1);
  if (!one) return c->p->rc;
  one->type = TYPE_INTEGER;
  p->s->limit = one;
  return SEINE_OK;
}

static int subMode(Compile *c, Sub *s, ExprList *args) {
  Plan *p = s->plan;
  ExprList inner = {0};
  int rc = subArgs(c, p, args);
  if (rc) return rc;
  if (!args->n) {
    s->mode = SUB_ONCE;
    return s->kind == SUB_IN ? SEINE_OK : subFirst(c, p);
  }
  ExprList outer = {0};
  if (subTakeKeys(c, p, &inner, &outer)) {
    s->mode = SUB_KEYED;
    rc = subKeyed(c, p, &inner, NULL);
    *args = outer;
  } else if (!c->p->rc) {
    s->mode = SUB_APPLY;
    rc = subApply(c, p, s, args);
  }
  s->nkeys = args->n;
  return rc ? rc : c->p->rc;
}

/* ---- LATERAL ------------------------------------------------------------ */

/* inner = outer are conditions of a join as any other. */
static int subLateralKeys(Compile *c, Plan *p, u32 s, ExprList *inner,
    const ExprList *outer, bool right) {
  Source *src = p->src + s;
  u32 n = src->sub->nout;
  bool on = right || src->join != JOIN_INNER;
  src->lateral = false;
  int rc = subKeyed(c, src->sub, inner, NULL);
  for (u32 k = 0; !rc && k < outer->n; k++) {
    Expr *e = subCompare(c, CMP_EQ,
        subColumn(c, s, n + k, inner->v[k].e->type), outer->v[k].e);
    rc = e ? snPlanAdd(c, on ? &src->on : &p->conj, e) : c->p->rc;
  }
  return rc;
}

static int subLateral(Compile *c, Plan *p, u32 s, bool right) {
  Source *src = p->src + s;
  ExprList args = {0}, inner = {0}, outer = {0};
  int rc = subArgs(c, src->sub, &args);
  if (rc || !args.n) return rc;
  if (subTakeKeys(c, src->sub, &inner, &outer))
    return subLateralKeys(c, p, s, &inner, &outer, right);
  Sub *sub = snArenaZero(c->arena, sizeof *sub);
  if (c->p->rc || !sub) return c->p->rc ? c->p->rc : SN_NOMEM;
  *sub = (Sub){.kind = SUB_EXISTS, .mode = SUB_APPLY, .plan = src->sub,
      .nval = src->sub->nout, .nkeys = args.n, .reg = NO_REG};
  src->args = args;
  src->apply = sub;
  return subApply(c, src->sub, sub, &args);
}

int snPlanSubLateral(Compile *c, Plan *p) {
  int rc = SEINE_OK;
  bool right = false;
  for (u32 s = 0; s < p->nsrc; s++)
    right |= p->src[s].join == JOIN_RIGHT || p->src[s].join == JOIN_FULL;
  for (u32 s = 0; !rc && s < p->nsrc; s++)
    if (p->src[s].lateral) rc = subLateral(c, p, s, right);
  return rc;
}

/* Where it is answered; where no statement begins that does it cannot stand. */
static void subHome(Compile *c, Sub *s) {
  if (!c->home) return;
  s->next = c->home->subs;
  c->home->subs = s;
}

/* ---- EXISTS with one more comparison ------------------------------------ */

/* x < y with y of the outside alone and x of the inside. */
static bool subIsRange(const Plan *p, const Expr *e) {
  if (e->kind != EX_COMPARE || e->op == CMP_EQ) return false;
  SubWalk l = subMeet(e->left), r = subMeet(e->right);
  const Expr *outer = l.outer ? e->left : e->right;
  return !l.outer != !r.outer && !l.lookups && !r.lookups &&
      !snPlanSources(p, outer);
}

/* Takes one such condition and the keys out of WHERE; false: that is not all
** that depends on the outside, and nothing was changed. */
static bool subTakeRange(Compile *c, Plan *p, ExprList *inner,
    ExprList *outer, Expr **range) {
  ExprList all = p->conj, rest = {0};
  *range = NULL;
  if (snPlanIsLeaf(p) || p->grouped || p->win.n ||
      p->s->limit || p->s->offset)
    return false;
  for (u32 i = 0; i < all.n; i++) {
    if (!*range && subIsRange(p, all.v[i].e)) *range = all.v[i].e;
    else (void)snPlanAdd(c, &rest, all.v[i].e);
  }
  p->conj = rest;
  if (*range && subTakeKeys(c, p, inner, outer)) return true;
  p->conj = all;
  return false;
}

static Expr *subExtreme(Compile *c, Plan *p, const char *name, Expr *x) {
  Token call = {name, 3, x->at};
  Expr *e = snAstCall(c->p, call, snAstList(c->p, NULL, x));
  if (!e || snResolve(c, p, &e, RES_AGG) || snPlanAdd(c, &p->agg, e))
    return NULL;
  return snPlanSlot(c, SLOT_AGG + p->agg.n - 1, e);
}

/* EXISTS (... WHERE inner = outer AND x < y) asks for the least x of its key;
** <> for the least and the greatest.  *done: it was one. */
static int subRange(Compile *c, Expr **at, Plan *p, bool *done) {
  ExprList inner = {0}, outer = {0};
  Expr *range, *side[2], *any = NULL;
  *done = subTakeRange(c, p, &inner, &outer, &range);
  if (!*done) return c->p->rc;
  bool left = !subMeet(range->left).outer;
  Expr *x = left ? range->left : range->right;
  Expr *y = left ? range->right : range->left;
  y = snPlanSubOutside(c, y);
  Sub *s = snArenaZero(c->arena, sizeof *s);
  if (!s) return SN_NOMEM;
  *s = (Sub){.kind = SUB_SCALAR, .mode = SUB_KEYED, .plan = p, .nval = 2,
      .nkeys = outer.n, .reg = NO_REG};
  subHome(c, s);
  p->grouped = true;
  p->nout = 0;
  p->order.n = 0;
  side[0] = subExtreme(c, p, "min", x);
  side[1] = subExtreme(c, p, "max", x);
  int rc = side[0] && side[1] ? snPlanOut(c, p, side[0], "") : c->p->rc;
  if (!rc) rc = snPlanOut(c, p, side[1], "");
  if (!rc) rc = subKeyed(c, p, &inner, NULL);
  /* x < y and y > x ask for the least, the others for the greatest */
  bool less = left == (range->op == CMP_LT || range->op == CMP_LE);
  for (u32 k = 0; !rc && k < 2; k++) {
    if (range->op != CMP_NE && (k == 0) != less) continue;
    Expr *v = subLookup(c, s, &outer, range->at, SUB_SCALAR, x->type);
    if (!v) return c->p->rc;
    v->i = k;
    Expr *e = subCompare(c, range->op, left ? v : y, left ? y : v);
    any = any && e ? snAstNode(c->p, EX_OR, any, e) : e;
    if (any) any->type = TYPE_BOOLEAN;
  }
  Expr *yes = snAstNew(c->p, EX_BOOL, range->at);
  if (rc || !yes || !any) return rc ? rc : c->p->rc;
  yes->i = 1;
  yes->type = TYPE_BOOLEAN;
  *at = snAstNode(c->p, EX_IS, any, yes); /* never NULL */
  if (*at) (*at)->type = TYPE_BOOLEAN;
  return c->p->rc;
}

/* ---- kinds -------------------------------------------------------------- */

static bool subIsOneRow(const Plan *p) {
  return subIsWhole(p) && !p->s->having && !p->s->limit && !p->s->offset &&
      !p->s->qualify;
}

/* x IN (SELECT y): both of one type.  A plan whose columns cannot be cast is
** read through one that can. */
static int subUnify(Compile *c, Plan **p, u32 k, Expr **x) {
  Plan *of = *p;
  if (snPlanIsLeaf(of)) {
    Plan *w = snArenaZero(c->arena, sizeof *w);
    Select *s = snAstSelect(c->p, of->s ? of->s->at : 0);
    if (!w || !s) return SN_NOMEM;
    w->s = s;
    w->outer = of->outer;
    w->src = snArenaZero(c->arena, 2 * sizeof *w->src);
    w->seq = snArenaZero(c->arena, 2 * sizeof *w->seq);
    if (!w->src || !w->seq) return SN_NOMEM;
    w->nsrc = 1;
    w->src[0] = (Source){.sub = of, .cursor = NO_REG};
    for (u32 i = 0; i < of->nout; i++) {
      Expr *e = subColumn(c, 0, i, of->out[i].e->type);
      if (!e || snPlanOut(c, w, e, of->out[i].name)) return c->p->rc;
    }
    *p = of = w;
  }
  Expr *eq = snAstOp(c->p, EX_COMPARE, CMP_EQ, *x, of->out[k].e);
  int rc = eq ? snResolvePair(c, &eq->left, &eq->right) : c->p->rc;
  if (rc) return rc;
  *x = eq->left;
  of->out[k].e = eq->right;
  return SEINE_OK;
}

/* x says how texts are compared. */
static int subCollate(Compile *c, Expr **x, Expr **y) {
  u8 by = (*x)->collate;
  if (!snResolveIsCollated(*x) || !snTypeIsString((*y)->type)) return SEINE_OK;
  int rc = snResolveCollated(c, x, by);
  return rc ? rc : snResolveCollated(c, y, by);
}

static int subIn(Compile *c, Plan *p, Expr *e, Plan **plan, u32 flags,
    ExprList *wanted) {
  Expr *x = e->left;
  ExprList one = {0}, *l = x->kind == EX_ROW ? x->list : &one;
  int rc = l == &one ? snPlanAdd(c, &one, x) : SEINE_OK;
  if (rc) return rc;
  if (l->n != (*plan)->nout)
    return snParseError(c->p, e->at, "IN: %u values are looked for among rows "
        "of %u", l->n, (*plan)->nout);
  for (u32 k = 0; !rc && k < l->n; k++) {
    Expr **value = &l->v[k].e;
    rc = snResolve(c, p, value, flags);
    if (!rc) rc = subUnify(c, plan, k, value);
    if (!rc) rc = subCollate(c, value, &(*plan)->out[k].e);
    if (!rc) rc = snPlanAdd(c, wanted, l->v[k].e);
  }
  return rc;
}

static int subEmpty(Compile *c, Expr **at, bool value) {
  Expr *e = snAstNew(c->p, EX_BOOL, (*at)->at);
  if (!e) return c->p->rc;
  e->type = TYPE_BOOLEAN;
  e->i = value;
  *at = e;
  return SEINE_OK;
}

static int subMake(Compile *c, Plan *p, Expr **at, Plan *plan, u32 flags) {
  Expr *e = *at, *none = NULL;
  ExprList args = {0}, wanted = {0};
  u8 kind = e->op;
  int rc = kind == SUB_IN ? subIn(c, p, e, &plan, flags, &wanted) : SEINE_OK;
  Sub *s = snArenaZero(c->arena, sizeof *s);
  if (rc || !s) return rc ? rc : SN_NOMEM;
  if (kind == SUB_EXISTS) {
    bool done;
    rc = subRange(c, at, plan, &done);
    if (rc || done) return rc;
    subBare(plan);
  }
  s->kind = kind;
  s->plan = plan;
  s->nval = plan->nout;
  s->reg = NO_REG;
  u8 type = kind == SUB_SCALAR ? plan->out[0].e->type : TYPE_BOOLEAN;
  bool one = kind == SUB_SCALAR && plan->grouped && !plan->key.n &&
      !plan->set && !plan->s->limit && !plan->s->offset;
  ExprList outside = {0};
  if (one) rc = subArgs(c, plan, &outside);
  if (!rc && one && outside.n) rc = subNone(c, plan, &none);
  plan->kept |= none != NULL;
  if (!rc) rc = subMode(c, s, &args);
  for (u32 k = 0; !rc && k < wanted.n; k++)
    rc = snPlanAdd(c, &args, wanted.v[k].e);
  if (rc) return rc;
  if (s->mode != SUB_APPLY) subHome(c, s);
  Expr *x = subLookup(c, s, &args, e->at, kind, type);
  if (!x) return c->p->rc;
  x->negate = e->negate;
  *at = x;
  return none ? subOrNone(c, at, &args, none) : SEINE_OK;
}

static int subResolve(Compile *c, Plan *p, Expr **at, u32 flags) {
  Expr *e = *at;
  Plan *plan = NULL;
  u32 asking = p ? p->asking : 0;
  if (p) p->asking = flags;
  int rc = snPlanSelect(c, p, e->select, &plan);
  if (p) p->asking = asking;
  if (rc) return rc;
  if (e->op == SUB_SCALAR && plan->nout != 1)
    return snParseError(c->p, e->at, "a sub-query that is a value has one "
        "column, not %u", plan->nout);
  if (e->op == SUB_EXISTS && subIsOneRow(plan)) return subEmpty(c, at, true);
  if (e->op != SUB_IN || !subIsOneRow(plan) || !plan->corr.n ||
      e->left->kind == EX_ROW)
    return subMake(c, p, at, plan, flags);
  Expr *value = snAstNew(c->p, EX_SUBQUERY, e->at); /* of the one row */
  if (!value) return c->p->rc;
  value->op = SUB_SCALAR;
  rc = subMake(c, p, &value, plan, flags);
  Expr *eq = snAstOp(c->p, EX_COMPARE, e->negate ? CMP_NE : CMP_EQ, e->left,
      value);
  if (rc || !eq) return rc ? rc : c->p->rc;
  *at = eq;
  return snResolve(c, p, at, flags);
}

/* random() and the like: each place has its own values. */
static bool subIsImpure(const Expr *e) {
  u32 at = 0;
  Token k;
  while (snLexNext(e->text, e->len, &at, &k)) {
    const Func *f = snFuncFind(k.p, k.n, 0);
    if (f && f->flags & FUNC_IMPURE) return true;
  }
  return false;
}

#define SUB_MET 100u /* are looked at: all are, where people write */

/* One that is written in two clauses is one: a key of GROUP BY is found again
** in the select list.  *met NULL: it was not met. */
static int subMeetAgain(Compile *c, Plan *p, const Expr *e, Expr **met) {
  u32 left = SUB_MET;
  *met = NULL;
  if (!p || !e->text || subIsImpure(e)) return SEINE_OK;
  for (const Met *m = p->met; m && left; m = m->next, left--) {
    const Expr *x = m->sub;
    if (m->nsrc != p->nsrc || x->op != e->op || x->negate != e->negate ||
        !x->right || !snLexSame(x->text, x->len, e->text, e->len)) continue;
    *met = snAstCopy(c->p, x->right);
    return c->p->rc;
  }
  Met *m = snArenaAlloc(c->arena, sizeof *m);
  if (!m) return SN_NOMEM;
  *m = (Met){e, p->nsrc, p->met};
  p->met = m;
  return SEINE_OK;
}

/* A tree may be shared: what a node became, it is wherever it stands. */
int snPlanSub(Compile *c, Plan *p, Expr **at, u32 flags) {
  Expr *e = *at, *met;
  if (!e->select) return c->p->rc;
  int rc = e->right ? SEINE_OK : subMeetAgain(c, p, e, &met);
  if (rc) return rc;
  if (!e->right && met) e->right = met;
  if (!e->right) rc = subResolve(c, p, at, flags);
  if (rc) return rc;
  if (e->right) *at = e->right;
  else e->right = *at;
  return SEINE_OK;
}

#undef SUB_MET
