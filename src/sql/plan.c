/*
** plan: a SELECT with its sources, columns and stages in order:
** FROM and WHERE, groups, windows, columns, DISTINCT, ORDER BY, LIMIT.
*/
#include "sql/plan.h"

#define PLAN_WITHS 1000u /* each is looked for in the whole statement */

/* ---- columns ------------------------------------------------------------ */

bool snPlanTooWide(Compile *c, u32 n, u32 at) {
  const Budget *b = c->arena->budget;
  i64 most = snLimit(b, SEINE_LIMIT_COLUMNS);
  if (n <= most) return false;
  (void)snParseTooBig(c->p, at, "more than %lld columns: %s", (long long)most,
      snLimitSay(b, SEINE_LIMIT_COLUMNS));
  return true;
}

int snPlanOut(Compile *c, Plan *p, Expr *e, const char *name) {
  if (p->nout == p->out_cap) {
    u32 cap = p->out_cap ? p->out_cap * 2 : 16;
    OutColumn *o = snArenaZero(c->arena, cap * sizeof *o);
    if (!o) return SN_NOMEM;
    if (p->nout) memcpy(o, p->out, p->nout * sizeof *o);
    p->out = o;
    p->out_cap = cap;
  }
  if (snPlanTooWide(c, p->nout + 1, e->at)) return c->p->rc;
  p->out[p->nout++] = (OutColumn){.e = e, .name = name};
  return SEINE_OK;
}

int snPlanColumnOut(Compile *c, Plan *p, Expr *e, const char *name) {
  int rc = snResolve(c, p, &e, RES_AGG | RES_WINDOW | RES_ALIAS);
  if (!rc && e->type == TYPE_NULL) e->type = TYPE_TEXT;
  return rc ? rc : snPlanOut(c, p, e, name);
}

/* A name for a column without AS: its own, or its text. */
static const char *planName(Compile *c, const ExprItem *it) {
  const Expr *e = it->e;
  if (it->alias) return it->alias;
  if (e->kind == EX_NAME) return e->text;
  u32 n = it->to > it->from ? it->to - it->from : 0;
  while (n && strchr(" \t\r\n,;", c->p->sql[it->from + n - 1])) n--;
  const char *s = snArenaDup(c->arena, c->p->sql + it->from, n);
  return s ? s : "";
}

static int planColumns(Compile *c, Plan *p) {
  int rc = SEINE_OK;
  ExprList *l = p->s->cols;
  for (u32 i = 0; !rc && i < l->n; i++) {
    Expr *e = l->v[i].e;
    bool stars = false;
    if (e->kind == EX_STAR) rc = snPlanStar(c, p, e);
    else rc = snPlanStarIn(c, p, l->v + i, &stars);
    if (rc || stars || e->kind == EX_STAR) continue;
    const char *name = planName(c, l->v + i);
    l->v[i].busy = true;
    rc = snPlanColumnOut(c, p, e, name);
    l->v[i].busy = false;
  }
  return rc;
}

/* An integer constant is the number of a column. */
static int planPosition(Compile *c, Plan *p, Expr **e, const char *what) {
  if ((*e)->kind != EX_INT) return SEINE_OK;
  i64 k = (*e)->i;
  if (k < 1 || k > (i64)p->nout)
    return snParseError(c->p, (*e)->at, "%s %lld: there are %u columns",
        what, (long long)k, p->nout);
  *e = p->out[k - 1].e;
  return SEINE_OK;
}

/* ---- groups ------------------------------------------------------------- */

typedef struct PlanHas { bool agg; } PlanHas;

static bool planFindAgg(void *arg, Expr **at) {
  if ((*at)->kind == EX_AGG) ((PlanHas *)arg)->agg = true;
  return true;
}

static bool planHasAgg(Expr *e) {
  PlanHas h = {false};
  snAstWalk(&e, planFindAgg, &h);
  return h.agg;
}

static int planKey(Compile *c, Plan *p, Expr *e, u64 *set) {
  u32 k = 0, at = e->at;
  int rc = planPosition(c, p, &e, "GROUP BY");
  if (!rc) rc = snResolveKey(c, p, &e, RES_ALIAS);
  if (rc) return rc;
  if (planHasAgg(e))
    return snParseError(c->p, at, "an aggregate cannot be a key of GROUP BY");
  while (k < p->key.n && !snAstSame(p->key.v[k].e, e)) k++;
  *set |= 1ull << (k & 63);
  return k < p->key.n ? SEINE_OK : snPlanAdd(c, &p->key, e);
}

/* (a, b), or a. */
static int planKeySet(Compile *c, Plan *p, Expr *e, u64 *set) {
  const ExprList *l = e->kind == EX_ROW ? e->list : NULL;
  int rc = SEINE_OK;
  *set = 0;
  if (e->kind != EX_ROW) return planKey(c, p, e, set);
  for (u32 i = 0; !rc && l && i < l->n; i++)
    rc = planKey(c, p, l->v[i].e, set);
  return rc;
}

#define PLAN_SETS 4096u
typedef struct PlanSets { u64 *v; u32 n, cap; } PlanSets;

static int planSetAdd(Compile *c, PlanSets *s, u64 set, u32 at) {
  if (s->n == PLAN_SETS)
    return snParseError(c->p, at, "more than %u sets of groups", PLAN_SETS);
  if (s->n == s->cap) {
    u32 cap = s->cap ? s->cap * 2 : 8;
    u64 *v = snArenaAlloc(c->arena, cap * sizeof *v);
    if (!v) return SN_NOMEM;
    if (s->n) memcpy(v, s->v, s->n * sizeof *v);
    s->v = v;
    s->cap = cap;
  }
  s->v[s->n++] = set;
  return SEINE_OK;
}

static bool planIsForm(const Expr *e, const char *name) {
  return e->kind == EX_CALL && !e->over && !e->filter &&
      snAsciiEq(e->text, e->len, name, strlen(name));
}

/* ROLLUP: all, all but the last, ... none of them; CUBE: each choice. */
static int planRollup(Compile *c, Plan *p, const Expr *e, PlanSets *out) {
  const ExprList *l = e->list;
  u32 n = l ? l->n : 0;
  u64 part[12], set;
  bool cube = planIsForm(e, "cube");
  if (n > (cube ? 12u : 64u))
    return snParseError(c->p, e->at, "too many columns in %s", e->text);
  int rc = SEINE_OK;
  for (u32 i = 0; !rc && cube && i < n; i++)
    rc = planKeySet(c, p, l->v[i].e, part + i);
  for (u32 m = 0; !rc && cube && m < 1u << n; m++) {
    set = 0;
    for (u32 i = 0; i < n; i++) /* the first column leaves last */
      if (!(m >> (n - 1 - i) & 1)) set |= part[i];
    rc = planSetAdd(c, out, set, e->at);
  }
  for (u32 k = n + 1; !rc && !cube && k-- > 0;) {
    u64 all = 0;
    for (u32 i = 0; !rc && i < k; i++) {
      rc = planKeySet(c, p, l->v[i].e, &set);
      all |= set;
    }
    if (!rc) rc = planSetAdd(c, out, all, e->at);
  }
  return rc;
}

/* The sets that one part of GROUP BY means. */
static int planSetsOf(Compile *c, Plan *p, Expr *e, PlanSets *out) {
  u64 set;
  int rc = SEINE_OK;
  if (planIsForm(e, "rollup") || planIsForm(e, "cube"))
    return planRollup(c, p, e, out);
  if (planIsForm(e, "grouping sets")) {
    for (u32 i = 0; !rc && i < e->list->n; i++)
      rc = planSetsOf(c, p, e->list->v[i].e, out);
    return rc;
  }
  rc = planKeySet(c, p, e, &set);
  return rc ? rc : planSetAdd(c, out, set, e->at);
}

/* Parts side by side: each set of one with each of the others. */
static int planCross(Compile *c, PlanSets *all, const PlanSets *part,
    u32 at) {
  PlanSets next = {0};
  int rc = SEINE_OK;
  for (u32 i = 0; !rc && i < all->n; i++)
    for (u32 k = 0; !rc && k < part->n; k++)
      rc = planSetAdd(c, &next, all->v[i] | part->v[k], at);
  *all = next;
  return rc;
}

static int planKeys(Compile *c, Plan *p) {
  Select *s = p->s;
  PlanSets all = {0};
  bool plain = true;
  int rc = planSetAdd(c, &all, 0, s->at);
  for (u32 i = 0; !rc && s->group && i < s->group->n; i++) {
    Expr *e = s->group->v[i].e;
    PlanSets part = {0};
    plain &= !planIsForm(e, "rollup") && !planIsForm(e, "cube") &&
        !planIsForm(e, "grouping sets");
    rc = planSetsOf(c, p, e, &part);
    if (!rc && !plain) rc = planCross(c, &all, &part, e->at);
    if (!rc && plain) all.v[0] |= part.v[0];
  }
  if (!rc && !plain && p->key.n > 63)
    return snParseError(c->p, s->at, "more than 63 columns in sets of groups");
  if (!plain) {
    p->sets = all.v;
    p->nset = all.n;
  }
  for (u32 i = 0; !rc && s->group_all && i < p->nout; i++) {
    Expr *e = p->out[i].e;
    if (planHasAgg(e)) continue;
    rc = snResolveKey(c, p, &e, 0);
    if (!rc) rc = snPlanAdd(c, &p->key, e);
  }
  return rc;
}
#undef PLAN_SETS

typedef struct PlanGroup {
  Compile *c;
  Plan *p;
  const Expr *lone;    /* the one min() or max() of the select */
  bool several;
} PlanGroup;

/* What decides min(x), max(x), and what they are by a collation: arg_min(x,
** nocase(x)); NULL: it is neither. */
static Expr *planExtreme(const Expr *e, bool *max) {
  const char *name = e->agg->name;
  bool arg = !strncmp(name, "arg_", 4);
  const ExprList *l = e->list;
  name += arg ? 4 : 0;
  *max = !strcmp(name, "max");
  if ((!*max && strcmp(name, "min")) || !l || l->n != (arg ? 2u : 1u))
    return NULL;
  Expr *by = l->v[l->n - 1].e;
  if (!arg) return by;
  bool collated = by->kind == EX_FUNC && by->negate &&
      snAstSame(by->list->v[0].e, l->v[0].e);
  return collated ? by : NULL;
}

/* Beside one min() or max() a column is that of its row, as in SQLite. */
static bool planFindLone(void *arg, Expr **at) {
  PlanGroup *g = arg;
  const Expr *e = *at;
  bool max;
  if (e->kind != EX_AGG) return true;
  if (!planExtreme(e, &max)) return false;
  if (g->lone && !snAstSame(g->lone, e)) g->several = true;
  g->lone = e;
  return false;
}

/* The column at the row of the extreme: arg_max(column, of). */
static Expr *planBare(PlanGroup *g, Expr *column) {
  const Expr *of = g->lone;
  bool max;
  if (!of || g->several || of->filter) return NULL;
  Expr *by = planExtreme(of, &max);
  Expr *e = snAstNew(g->c->p, EX_AGG, column->at);
  if (!e) return NULL;
  e->agg = snAggFind(max ? "arg_max" : "arg_min", 7, 0);
  e->list = snAstList(g->c->p, NULL, column);
  e->list = snAstList(g->c->p, e->list, by);
  e->type = column->type;
  e->collate = column->collate;
  return g->c->p->rc ? NULL : e;
}

Expr *snPlanSlot(Compile *c, u32 k, const Expr *of) {
  Expr *e = snAstNew(c->p, EX_SLOT, of->at);
  if (!e) return NULL;
  e->i = k;
  e->type = of->type;
  e->collate = of->collate;
  return e;
}

/* The key that x is, or that GROUP BY x COLLATE c made of it. */
static u32 planKeyOf(const Plan *p, const Expr *x, bool *collated) {
  u32 k = 0;
  for (*collated = false; k < p->key.n; k++) {
    const Expr *key = p->key.v[k].e;
    if (snAstSame(key, x)) break;
    *collated = key->kind == EX_FUNC && key->negate &&
        snAstSame(key->list->v[0].e, x);
    if (*collated) break;
  }
  return k;
}

/* GROUPING(a, b): a bit for each that is none of the keys of its set.  The
** node may stand in several places: another one is kept. */
static Expr *planGrouping(PlanGroup *g, const Expr *e) {
  Plan *p = g->p;
  Parse *parse = g->c->p;
  Expr *ask = snAstNew(parse, p->nset ? EX_GROUPING : EX_INT, e->at);
  if (!ask) return NULL;
  ask->type = TYPE_INTEGER;
  for (u32 i = 0; i < e->list->n; i++) {
    bool collated;
    u32 k = planKeyOf(p, e->list->v[i].e, &collated);
    if (k == p->key.n) {
      (void)snParseError(parse, e->list->v[i].e->at, "GROUPING() asks for a "
          "column of GROUP BY");
      return NULL;
    }
    if (p->nset)
      ask->list = snAstList(parse, ask->list, snPlanSlot(g->c, k, e));
  }
  if (!p->nset) return ask; /* all keys are there: 0 */
  u32 k = 0;
  while (k < p->asks.n && !snAstSame(p->asks.v[k].e, ask)) k++;
  if (k == p->asks.n) (void)snPlanAdd(g->c, &p->asks, ask);
  return snPlanSlot(g->c, SLOT_SET + k, e);
}

static bool planIsKey(const Plan *p, u32 src, i64 col) {
  for (u32 k = 0; k < p->key.n; k++) {
    const Expr *e = p->key.v[k].e;
    if (e->kind == EX_COLUMN && e->src == src && e->i == col) return true;
  }
  return false;
}

/* A column of a table whose primary key, or rowid, is among the keys. */
static bool planIsGiven(const Plan *p, const Expr *e) {
  const Table *t = e->kind == EX_COLUMN ? p->src[e->src].table : NULL;
  if (!t || p->nset) return false;
  if (planIsKey(p, e->src, (i64)ROWID_COLUMN)) return true;
  for (u32 k = 0; k < t->nkey; k++) {
    const TableKey *key = t->key + k;
    bool all = key->kind == KEY_PRIMARY && key->n;
    for (u32 i = 0; all && i < key->n; i++) {
      int col = snConstraintColumn(t, key->col[i]);
      all = col >= 0 && planIsKey(p, e->src, col);
    }
    if (all) return true;
  }
  int alias = snConstraintRowidColumn(t);
  return alias >= 0 && planIsKey(p, e->src, alias);
}

/* The same in all rows of a group, or any of them is meant. */
static Expr *planAny(PlanGroup *g, Expr *e) {
  bool collated;
  if (!planIsGiven(g->p, e)) {
    (void)planKeyOf(g->p, e, &collated);
    if (!collated) return NULL;
  }
  Expr *x = snAstNew(g->c->p, EX_AGG, e->at);
  if (!x) return NULL;
  x->agg = snAggFind("any_value", 9, 0);
  x->list = snAstList(g->c->p, NULL, e);
  x->type = e->type;
  x->collate = e->collate;
  return g->c->p->rc ? NULL : x;
}

/* Any value of a group whose set may lack the key: there it is NULL. */
static Expr *planOfSet(PlanGroup *g, Expr *of, Expr *any) {
  Parse *p = g->c->p;
  Expr *ask = snAstNew(p, EX_GROUPING, any->at);
  Expr *zero = snAstInt(p, any->at, 0);
  if (!ask || !zero) return any;
  ask->list = snAstList(p, NULL, of);
  ask->type = zero->type = TYPE_INTEGER;
  Expr *there = snAstOp(p, EX_COMPARE, CMP_EQ, planGrouping(g, ask), zero);
  if (there) there->type = TYPE_BOOLEAN;
  Expr *e = snAstWhen(p, there, any, NULL);
  if (!e) return any;
  e->type = any->type;
  e->collate = any->collate;
  return e;
}

/* Replaces keys and aggregates by what the groups give. */
static bool planGroupify(void *arg, Expr **at) {
  PlanGroup *g = arg;
  Plan *p = g->p;
  Expr *e = *at;
  if (g->c->p->rc) return false;
  for (u32 k = 0; k < p->key.n; k++) {
    if (!snAstSame(p->key.v[k].e, e)) continue;
    *at = snPlanSlot(g->c, k, e);
    return false;
  }
  if (e->kind == EX_SLOT) return false;
  if (e->kind == EX_GROUPING) {
    Expr *slot = planGrouping(g, e);
    if (slot) *at = slot;
    return false;
  }
  Expr *bare = e->kind == EX_AGG ? NULL : planAny(g, e);
  Expr *of = bare && p->nset ? e : NULL;
  if (!bare && e->kind == EX_COLUMN) bare = planBare(g, e);
  if (bare) e = bare;
  if (e->kind == EX_AGG) {
    u32 k = 0;
    while (k < p->agg.n && !snAstSame(p->agg.v[k].e, e)) k++;
    if (k == p->agg.n) (void)snPlanAdd(g->c, &p->agg, e);
    *at = snPlanSlot(g->c, SLOT_AGG + k, e);
    if (of && *at) *at = planOfSet(g, of, *at);
    return false;
  }
  if (e->kind == EX_COLUMN) {
    (void)snParseError(g->c->p, e->at, "column %s must stand in GROUP BY or "
        "inside an aggregate",
        e->i == (i64)ROWID_COLUMN
            ? "rowid" : snPlanColumnName(p->src + e->src, (u32)e->i));
    return false;
  }
  if (e->kind == EX_SCORE || e->kind == EX_WHY || e->kind == EX_HIT) {
    (void)snParseError(g->c->p, e->at, "this must stand inside an aggregate "
        "or in GROUP BY");
    return false;
  }
  return e->kind != EX_MARK;
}

static void planUnshareList(Compile *c, ExprList *l) {
  for (u32 i = 0; i < l->n; i++) {
    Expr *e = snAstCopy(c->p, l->v[i].e);
    if (e) l->v[i].e = e;
  }
}

/* WHERE and ON share trees with the columns that they name by their aliases:
** they ask for what is in front of the groups. */
static void planUnshare(Compile *c, Plan *p) {
  if (!p->early) return;
  planUnshareList(c, &p->conj);
  for (u32 s = 0; s < p->nsrc; s++) planUnshareList(c, &p->src[s].on);
}

static int planGroupAll(Compile *c, Plan *p, Expr **having, Expr **qualify) {
  PlanGroup g = {.c = c, .p = p};
  planUnshare(c, p);
  for (u32 i = 0; i < p->nout; i++)
    snAstWalk(&p->out[i].e, planFindLone, &g);
  if (*having) snAstWalk(having, planFindLone, &g);
  for (u32 i = 0; i < p->order.n; i++)
    snAstWalk(&p->order.v[i].e, planFindLone, &g);
  for (u32 i = 0; i < p->nout; i++)
    snAstWalk(&p->out[i].e, planGroupify, &g);
  if (*having) snAstWalk(having, planGroupify, &g);
  if (*qualify) snAstWalk(qualify, planGroupify, &g);
  for (u32 i = 0; i < p->order.n; i++)
    snAstWalk(&p->order.v[i].e, planGroupify, &g);
  return c->p->rc;
}

/* ---- windows ------------------------------------------------------------ */

/* Equal calls share a slot. */
static bool planFindWindow(void *arg, Expr **at) {
  PlanGroup *g = arg;
  Expr *e = *at;
  if (e->kind != EX_WINDOW) return true;
  for (u32 k = 0; k < g->p->win.n; k++) {
    Expr *w = g->p->win.v[k].e;
    e->slot = w->slot; /* equal but for the number */
    if (w == e || snAstSame(w, e)) {
      *at = w;
      return false;
    }
  }
  e->slot = g->p->win.n;
  (void)snPlanAdd(g->c, &g->p->win, e);
  return false;
}

static int planWindows(Compile *c, Plan *p, Expr **qualify) {
  PlanGroup g = {.c = c, .p = p};
  for (u32 i = 0; i < p->nout; i++)
    snAstWalk(&p->out[i].e, planFindWindow, &g);
  if (*qualify) snAstWalk(qualify, planFindWindow, &g);
  for (u32 i = 0; i < p->order.n; i++)
    snAstWalk(&p->order.v[i].e, planFindWindow, &g);
  return c->p->rc;
}

/* ---- all expressions ---------------------------------------------------- */

static void planWalkList(ExprList *l, bool (*fn)(void *, Expr **),
    void *arg) {
  for (u32 i = 0; i < l->n; i++) snAstWalk(&l->v[i].e, fn, arg);
}

void snPlanWalk(Plan *p, u32 part, bool (*fn)(void *, Expr **), void *arg) {
  if (part & PART_FROM) {
    planWalkList(&p->conj, fn, arg);
    for (u32 s = 0; s < p->nsrc; s++) {
      planWalkList(&p->src[s].on, fn, arg);
      planWalkList(&p->src[s].args, fn, arg);
    }
    planWalkList(&p->key, fn, arg);
    planWalkList(&p->agg, fn, arg);
  }
  if (!(part & PART_REST)) return;
  for (u32 i = 0; i < p->nout; i++) snAstWalk(&p->out[i].e, fn, arg);
  planWalkList(&p->win, fn, arg);
  planWalkList(&p->order, fn, arg);
  if (p->s->having) snAstWalk(&p->s->having, fn, arg);
  if (p->s->qualify) snAstWalk(&p->s->qualify, fn, arg);
}

/* ---- the whole ---------------------------------------------------------- */

static int planOrderKey(Compile *c, Plan *p, Expr *e, const ExprItem *it) {
  int rc = snPlanAdd(c, &p->order, e);
  if (rc) return rc;
  ExprItem *o = p->order.v + p->order.n - 1;
  o->desc = it->desc;
  o->nulls_last = it->nulls_set ? it->nulls_last : it->desc;
  return SEINE_OK;
}

/* ORDER BY ALL: by each column, from left to right. */
static int planOrderAll(Compile *c, Plan *p, const ExprItem *it) {
  int rc = SEINE_OK;
  for (u32 k = 0; !rc && k < p->nout; k++) {
    Expr *e = p->out[k].e;
    rc = snResolveKey(c, p, &e, 0);
    if (!rc) rc = planOrderKey(c, p, e, it);
  }
  return rc;
}

static int planOrder(Compile *c, Plan *p) {
  ExprList *l = p->s->order;
  int rc = SEINE_OK;
  for (u32 i = 0; !rc && l && i < l->n; i++) {
    ExprItem it = l->v[i];
    if (it.e->kind == EX_STAR) {
      rc = planOrderAll(c, p, &it);
      continue;
    }
    bool collated = it.e->kind == EX_COLLATE; /* ORDER BY 1 COLLATE NOCASE */
    rc = planPosition(c, p, collated ? &it.e->left : &it.e, "ORDER BY");
    if (!rc)
      rc = snResolveKey(c, p, &it.e,
          RES_AGG | RES_WINDOW | RES_ALIAS | RES_ALIAS_FIRST);
    if (!rc && it.e->type == TYPE_NULL) it.e->type = TYPE_INTEGER;
    if (!rc) rc = planOrderKey(c, p, it.e, &it);
  }
  return rc;
}

static int planLimit(Compile *c, Plan *p, Expr **e) {
  if (!*e) return SEINE_OK;
  ExprList leaves = {0};
  int rc = snResolve(c, p, e, 0);
  if (!rc) rc = snCodeLeaves(c, *e, &leaves);
  if (!rc && leaves.n)
    rc = snParseError(c->p, (*e)->at, "LIMIT and OFFSET cannot depend on "
        "columns");
  return rc ? rc : snResolveCast(c, e, TYPE_INTEGER);
}

/* VALUES: a select of constants per row, one after the other. */
static int planValues(Compile *c, Plan *p) {
  Select *s = p->s;
  int rc = SEINE_OK;
  for (u32 r = 0; !rc && r < s->nrows; r++)
    for (u32 k = 0; !rc && k < s->rows[r]->n; k++)
      rc = snResolve(c, NULL, &s->rows[r]->v[k].e, 0);
  for (u32 k = 0; !rc && k < s->rows[0]->n; k++) {
    u8 t = TYPE_NULL;
    for (u32 r = 0; r < s->nrows; r++)
      t = snResolveUnify(t, s->rows[r]->v[k].e->type);
    if (t == TYPE_NULL) t = TYPE_TEXT;
    char *name = snArenaAlloc(c->arena, 24);
    Expr *e = snAstNew(c->p, EX_COLUMN, s->at);
    if (!name || !e) return SN_NOMEM;
    snprintf(name, 24, "column%u", k + 1);
    e->type = t;
    rc = snPlanOut(c, p, e, name);
  }
  return rc;
}

/* Of a column of a side, or TYPE_NULL when all that it can be is NULL. */
static u8 planSetType(const Plan *p, u32 k) {
  const Expr *e = p->out[k].e;
  while (p->set) {
    u8 left = planSetType(p->left, k);
    if (left != TYPE_NULL) return e->type;
    p = p->right;
  }
  return p->out[k].e->kind == EX_NULL ? TYPE_NULL : e->type;
}

/* left UNION right, and the like: the columns are named by the left one. */
static int planSet(Compile *c, Plan *p) {
  static const char *const names[] = {"", "UNION", "EXCEPT", "INTERSECT"};
  Select *s = p->s;
  p->set = s->set;
  p->all = s->all;
  int rc = snPlanSelect(c, p->outer, s->left, &p->left);
  if (!rc) rc = snPlanSelect(c, p->outer, s->right, &p->right);
  if (rc) return rc;
  if (p->left->nout != p->right->nout)
    return snParseError(c->p, s->right->at, "%s: the left select has %u "
        "columns, the right one %u", names[p->set], p->left->nout,
        p->right->nout);
  for (u32 k = 0; !rc && k < p->left->nout; k++) {
    Expr *e = snAstNew(c->p, EX_COLUMN, s->at);
    if (!e) return c->p->rc;
    e->i = k;
    e->type = snResolveUnify(planSetType(p->left, k),
        planSetType(p->right, k));
    if (e->type == TYPE_NULL) e->type = TYPE_TEXT;
    e->collate = p->left->out[k].e->collate;
    rc = snPlanOut(c, p, e, p->left->out[k].name);
  }
  return rc;
}

/* Rows of a set or of VALUES that are put in order are those of a source. */
static int planBehind(Compile *c, Select *s) {
  Select *inner = snAstSelect(c->p, s->at);
  From *f = snArenaZero(c->arena, sizeof *f);
  if (!inner || !f) return SN_NOMEM;
  *inner = *s;
  inner->order = NULL;
  inner->limit = inner->offset = NULL;
  inner->with = NULL;
  f->select = inner;
  s->from = f;
  s->set = SET_NONE;
  s->nrows = 0;
  s->cols = snAstList(c->p, NULL, snAstNew(c->p, EX_STAR, s->at));
  return c->p->rc;
}

/* A number of ON and ORDER BY is that of a column, as it is written there. */
static ExprList *planFirstKeys(Compile *c, const Select *s, ExprList *l) {
  for (u32 i = 0; l && i < l->n; i++) {
    Expr *e = l->v[i].e;
    if (e->kind == EX_STAR) {
      (void)snParseError(c->p, e->at, "DISTINCT ON names its keys one by one, "
          "and so does an ORDER BY beside it");
      return NULL;
    }
    bool number = e->kind == EX_INT && e->i > 0 && e->i <= (i64)s->cols->n;
    for (u32 k = 0; number && k < e->i; k++)
      number = s->cols->v[k].e->kind != EX_STAR;
    if (number) l->v[i].e = snAstCopy(c->p, s->cols->v[e->i - 1].e);
  }
  return l;
}

/* DISTINCT ON (x) ... ORDER BY y: the rows that are the first of those with
** their x, QUALIFY row_number() OVER (PARTITION BY x ORDER BY y) = 1. */
static int planDistinctOn(Compile *c, Select *s) {
  Token name = {"row_number", 10, s->at};
  ExprList *order = NULL, *on = planFirstKeys(c, s, s->distinct_on);
  for (u32 i = 0; s->order && i < s->order->n; i++) {
    order = snAstList(c->p, order, snAstCopy(c->p, s->order->v[i].e));
    if (c->p->rc) return c->p->rc;
    Expr *e = order->v[i].e;
    order->v[i] = s->order->v[i];
    order->v[i].e = e;
  }
  order = planFirstKeys(c, s, order);
  Expr *e = snAstCall(c->p, name, NULL);
  if (!e || c->p->rc) return c->p->rc;
  e->over = snAstWindow(c->p, NULL, (Token){0}, on, order);
  e = snAstOp(c->p, EX_COMPARE, CMP_EQ, e, snAstInt(c->p, s->at, 1));
  s->qualify = s->qualify ? snAstNode(c->p, EX_AND, s->qualify, e) : e;
  s->distinct_on = NULL;
  return c->p->rc;
}

typedef struct PlanApart { bool column, other; } PlanApart;

static bool planApartLeaf(void *arg, Expr **at) {
  PlanApart *a = arg;
  switch ((*at)->kind) {
  case EX_COLUMN: a->column = true; break;
  case EX_SUBQUERY: case EX_OUTER: case EX_WINDOW: case EX_SCORE: case EX_WHY:
  case EX_HIT: case EX_MARK: a->other = true; break;
  case EX_FUNC: a->other |= (*at)->func->flags & FUNC_IMPURE; break;
  default: break;
  }
  return true;
}

/* SELECT DISTINCT a, b: the groups of (a, b), which threads may make, and
** which are put in order when they are few.  With a LIMIT alone rows are
** better looked at one by one. */
static int planApart(Compile *c, Plan *p) {
  const Select *s = p->s;
  ExprList outs = {0};
  int rc = SEINE_OK;
  if (p->outer || s->qualify || (!p->order.n && (s->limit || s->offset)))
    return SEINE_OK;
  for (u32 k = 0; !rc && k < p->nout; k++) {
    PlanApart a = {0};
    snAstWalk(&p->out[k].e, planApartLeaf, &a);
    if (a.other || snResolveIsCollated(p->out[k].e)) return SEINE_OK;
    if (a.column && !snPlanHas(&outs, p->out[k].e))
      rc = snPlanAdd(c, &outs, p->out[k].e);
  }
  for (u32 k = 0; !rc && k < p->order.n; k++)
    if (!snPlanHas(&outs, p->order.v[k].e)) return SEINE_OK;
  if (rc || !outs.n) return rc;
  p->key = outs;
  p->grouped = true;
  p->s->distinct = false;
  return SEINE_OK;
}

static int planSelect(Compile *c, Plan *p) {
  Select *s = p->s;
  int rc = s->unpivot ? snPlanStarUnpivot(c, p->outer, s) : SEINE_OK;
  if (rc) return rc;
  bool ordered = s->order || s->limit || s->offset;
  if ((s->set || s->nrows) && ordered && planBehind(c, s)) return c->p->rc;
  if (s->set) return planSet(c, p);
  if (s->nrows) return planValues(c, p);
  if (s->distinct_on && planDistinctOn(c, s)) return c->p->rc;
  /* MATCH in WHERE must be known before score() in the columns. */
  rc = snLateralSpread(c, s);
  if (!rc) rc = snPlanFrom(c, p);
  if (!rc) rc = planColumns(c, p);
  if (!rc) rc = planKeys(c, p);
  if (!rc && s->having) {
    rc = snResolve(c, p, &s->having, RES_AGG | RES_ALIAS);
    if (!rc) rc = snResolveBool(c, &s->having);
  }
  if (!rc && s->qualify) {
    rc = snResolve(c, p, &s->qualify, RES_AGG | RES_WINDOW | RES_ALIAS);
    if (!rc) rc = snResolveBool(c, &s->qualify);
  }
  if (!rc) rc = planOrder(c, p);
  if (rc) return rc;
  p->grouped = p->key.n || s->having != NULL || s->group != NULL ||
      s->group_all;
  for (u32 i = 0; i < p->nout; i++) p->grouped |= planHasAgg(p->out[i].e);
  for (u32 i = 0; i < p->order.n; i++)
    p->grouped |= planHasAgg(p->order.v[i].e);
  if (s->distinct && !p->grouped) rc = planApart(c, p);
  if (!rc && p->grouped) rc = planGroupAll(c, p, &s->having, &s->qualify);
  if (!rc) rc = planWindows(c, p, &s->qualify);
  if (!rc && s->qualify && !p->win.n)
    rc = snParseError(c->p, s->qualify->at, "QUALIFY asks for a window "
        "function: without one write WHERE or HAVING");
  if (!rc) rc = planLimit(c, p, &s->limit);
  if (!rc) rc = planLimit(c, p, &s->offset);
  return rc ? rc : snPlanSubLateral(c, p);
}

int snPlanSelect(Compile *c, Plan *outer, Select *s, Plan **out) {
  With *names = c->with, *last = s->with;
  Plan *home = c->home;
  *out = NULL;
  if (snStackLow()) return snParseDeep(c->p, s->at);
  if (++c->depth > SQL_SELECTS) return snParseSelects(c->p, s->at);
  Plan *p = snArenaZero(c->arena, sizeof *p);
  if (!p) return SN_NOMEM;
  p->s = s;
  p->outer = outer;
  u32 withs = 0;
  if (snGuard(c, s->at, SEINE_AUTH_SELECT, NULL, NULL)) return c->p->rc;
  for (const With *w = last; w; w = w->next) withs++;
  if (withs > PLAN_WITHS)
    return snParseError(c->p, s->at, "more than %u names in a WITH: make "
        "tables or views of some", PLAN_WITHS);
  for (With *w = last; w; w = w->next) {
    w->owner = p;
    w->uses = snAstReads(s, w->name);
    last = w;
  }
  if (last) {
    last->next = names;
    c->with = s->with;
  }
  c->home = p;
  int rc = planSelect(c, p);
  c->home = home;
  c->with = names;
  if (last) last->next = NULL;
  c->depth--;
  *out = p;
  return rc ? rc : c->p->rc;
}

int snPlanTable(Compile *c, Token name, const char *alias, Plan **out) {
  TableState *t;
  *out = NULL;
  int rc = snResolveTable(c, name, &t);
  if (rc) return rc;
  Plan *p = snArenaZero(c->arena, sizeof *p);
  Select *s = snAstSelect(c->p, name.at);
  if (!p || !s) return SN_NOMEM;
  p->s = s;
  p->src = snArenaZero(c->arena, 2 * sizeof *p->src);
  p->seq = snArenaZero(c->arena, 2 * sizeof *p->seq);
  if (!p->src || !p->seq) return SN_NOMEM;
  p->nsrc = 1;
  p->src[0].alias = alias ? alias : snAstText(c->p, name);
  p->src[0].table = t->table;
  p->src[0].cursor = NO_REG;
  *out = p;
  return c->p->rc;
}

int snPlanReturning(Compile *c, Plan *p, ExprList *cols) {
  p->s->cols = cols;
  int rc = planColumns(c, p);
  for (u32 i = 0; !rc && i < p->nout; i++)
    if (planHasAgg(p->out[i].e) || p->win.n)
      return snParseError(c->p, p->out[i].e->at, "RETURNING gives rows as they "
          "are: no aggregates, no windows");
  return rc;
}

#undef PLAN_WITHS
