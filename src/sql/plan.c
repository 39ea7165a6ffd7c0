/*
** plan: a SELECT with its sources, columns and stages in order:
** FROM and WHERE, groups, windows, columns, DISTINCT, ORDER BY, LIMIT.
*/
#include "sql/plan.h"

static int planAdd(Compile *c, ExprList *l, Expr *e) {
  return snAstList(c->p, l, e) ? c->p->rc : c->p->rc;
}

/* ---- sources ------------------------------------------------------------ */

/* A WITH that is being read does not see itself: its name means a table, or
** one before it; *self tells that it was met. */
static With *planWith(Compile *c, const char *name, bool *self) {
  for (With *w = c->with; w; w = w->next) {
    if (!snAsciiEq(w->name, strlen(w->name), name, strlen(name))) continue;
    if (!w->busy) return w;
    *self = true;
  }
  return NULL;
}

static int planRename(Compile *c, Source *s, ExprList *cols, u32 at) {
  if (!cols) return SEINE_OK;
  if (cols->n != s->sub->nout)
    return snParseError(c->p, at, "%u names for %u columns", cols->n,
        s->sub->nout);
  for (u32 i = 0; i < cols->n; i++) s->sub->out[i].name = cols->v[i].e->text;
  return SEINE_OK;
}

static int planSub(Compile *c, Source *s, Select *sel, ExprList *cols,
    u32 at) {
  int rc = snPlanSelect(c, sel, &s->sub);
  return rc ? rc : planRename(c, s, cols, at);
}

static const TableFunc *planFunction(Compile *c, const From *f) {
  const char *name = snAstText(c->p, f->name);
  const TableFunc *t;
  Nearest near;
  snNearestInit(&near, name);
  for (u32 k = 0; (t = snTableFuncAt(k)); k++) {
    if (snAsciiEq(name, strlen(name), t->name, strlen(t->name))) return t;
    snNearestAdd(&near, t->name);
  }
  snNearestHint(&near, c->err);
  (void)snParseError(c->p, f->name.at, "no such function in FROM: %s", name);
  return NULL;
}

/* A column with its table, which becomes the source of the plan. */
static int planColumnArg(Compile *c, Plan *p, Expr **e) {
  const Expr *name = (*e)->left;
  TableState *t = NULL;
  char type[24];
  if ((*e)->kind != EX_NAME || !name)
    return snParseError(c->p, (*e)->at, "the first argument of %s() is a "
        "column with its table: table.column", p->call->name);
  Token token = {name->text, name->len, name->at};
  int rc = snResolveTable(c, token, &t);
  if (rc) return rc;
  p->src = snArenaZero(c->arena, sizeof *p->src);
  if (!p->src) return SN_NOMEM;
  p->nsrc = 1;
  *p->src = (Source){.alias = name->text, .table = t->table,
      .cursor = NO_REG};
  rc = snResolve(c, p, e, 0);
  if (rc) return rc;
  u8 of = (*e)->type & (u8)~TYPE_ARRAY;
  if ((*e)->kind == EX_COLUMN && (of == TYPE_TEXT || of == TYPE_KEYWORD))
    return SEINE_OK;
  return snParseError(c->p, name->at, "%s() needs a column of TEXT or "
      "KEYWORD, not of %s", p->call->name, snTypeName((*e)->type, type));
}

/* A query of the table, as MATCH asks it. */
static int planQueryArg(Compile *c, Plan *p, Expr *e) {
  QueryAsk ask = {.form = ASK_QUERY, .edits = QUERY_EDITS_AUTO, .boost = 1};
  u32 slot;
  int rc = snResolveSlot(c, p->src, &ask, e, &slot);
  if (!rc) p->src->match[slot].similarity = SIM_BM25; /* for a sample */
  return rc;
}

/* The arguments are known before any row is read. */
static int planArg(Compile *c, Plan *p, char want, Expr **e) {
  u8 type = snTableFuncType(want);
  if (want == 'c') return planColumnArg(c, p, e);
  int rc = snResolve(c, NULL, e, 0);
  if (!rc && !snResolveConst(*e))
    rc = snParseError(c->p, (*e)->at, "an argument of %s() in FROM is a "
        "constant or a parameter", p->call->name);
  if (!rc && !(type == TYPE_TEXT && snTypeIsString((*e)->type)))
    rc = snResolveCast(c, e, type);
  return rc || want != 'q' ? rc : planQueryArg(c, p, *e);
}

static int planArgs(Compile *c, Plan *p, const From *f) {
  const TableFunc *t = p->call;
  const char *want = t->args;
  u32 n = f->args ? f->args->n : 0;
  int rc = SEINE_OK;
  for (u32 k = 0; !rc && k < n; k++, want++) {
    if (*want == '?') want++;
    if (!*want) break;
    rc = planArg(c, p, *want, &f->args->v[k].e);
  }
  if (rc) return rc;
  u32 least = (u32)strcspn(t->args, "?"), most = (u32)strlen(t->args);
  if (least < most) most--;
  if (n >= least && n <= most) return SEINE_OK;
  return snParseError(c->p, f->name.at, "%s() takes %u%s argument%s, not %u",
      t->name, least, least < most ? " or more" : "", most == 1 ? "" : "s", n);
}

static int planOut(Compile *c, Plan *p, Expr *e, const char *name);

static int planCall(Compile *c, Source *s, From *f) {
  const TableFunc *t = planFunction(c, f);
  Plan *p = snArenaZero(c->arena, sizeof *p);
  if (!t || !p) return t ? SN_NOMEM : c->p->rc;
  p->call = t;
  int rc = planArgs(c, p, f);
  p->s = snAstSelect(c->p, f->name.at);
  p->args = f->args;
  s->sub = p;
  for (u32 k = 0; !rc && t->types[k]; k++) {
    Expr *e = snAstNew(c->p, EX_COLUMN, f->name.at);
    if (!e) return c->p->rc;
    e->i = k;
    e->type = snTableFuncType(t->types[k]);
    rc = planOut(c, p, e, t->names[k]);
  }
  return rc ? rc : planRename(c, s, f->cols, f->name.at);
}

static int planSource(Compile *c, Source *s, From *f) {
  s->from = f;
  s->alias = f->alias;
  s->cursor = NO_REG;
  if (f->call) return planCall(c, s, f);
  if (f->select) return planSub(c, s, f->select, f->cols, f->select->at);
  const char *name = snAstText(c->p, f->name);
  bool self = false;
  With *w = planWith(c, name, &self);
  TableState *t = NULL;
  int rc = self && !w ? snSessionFind(c->session, name, strlen(name), &t)
                      : SEINE_OK;
  if (rc) return rc;
  if (self && !w && !t)
    return snParseError(c->p, f->name.at, "WITH RECURSIVE is not supported "
        "yet: %s refers to itself", name);
  if (w) {
    With *outer = c->with;
    w->busy = true;
    c->with = w; /* names before it, and itself to find cycles */
    Select *sel = snAstCopySelect(c->p, w->select); /* planning changes it */
    rc = sel ? planSub(c, s, sel, w->cols, f->name.at) : c->p->rc;
    c->with = outer;
    w->busy = false;
    return rc;
  }
  rc = snResolveTable(c, f->name, &t);
  if (!rc) s->table = t->table;
  return rc;
}

/* ---- conditions --------------------------------------------------------- */

/* keyword = constant is answered by the postings of the value: they skip what
** cannot match and are never larger than a scan. */
static int planLookup(Compile *c, Plan *p, Expr *e) {
  if (e->kind != EX_COMPARE || e->op != CMP_EQ) return SEINE_OK;
  bool left = snResolveConst(e->right);
  Expr *col = left ? e->left : e->right, *value = left ? e->right : e->left;
  u32 slot;
  if (col->kind != EX_COLUMN || !snResolveConst(value) ||
      !p->src[col->src].table || col->i == (i64)ROWID_COLUMN)
    return SEINE_OK;
  bool key = col->type == TYPE_KEYWORD && snTypeIsString(value->type);
  if (!key && (col->type != TYPE_IP || value->type != TYPE_IP))
    return SEINE_OK;
  QueryColumn where = {(u32)col->i, 1};
  QueryAsk ask = {.form = ASK_EXACT, .boost = 1, .ncol = 1, .col = &where};
  int rc = snResolveSlot(c, p->src + col->src, &ask, value, &slot);
  if (rc) return rc;
  e->kind = EX_HIT;
  e->src = col->src;
  e->slot = slot;
  e->left = e->right = NULL;
  return SEINE_OK;
}

/* Splits at AND, so that each part goes where its tables are read. */
static int planConjuncts(Compile *c, Plan *p, Expr *e) {
  while (e->kind == EX_AND) {
    int rc = planConjuncts(c, p, e->right);
    if (rc) return rc;
    e = e->left;
  }
  int rc = planLookup(c, p, e);
  if (rc) return rc;
  if (e->kind == EX_HIT) p->src[e->src].match[e->slot].drives = true;
  return planAdd(c, &p->conj, e);
}

/* A MATCH that every row must pass is known before the rest is resolved:
** score() and highlight() may stand beside it. */
static int planMatches(Compile *c, Plan *p, Expr **at) {
  while ((*at)->kind == EX_AND) {
    int rc = planMatches(c, p, &(*at)->right);
    if (rc) return rc;
    at = &(*at)->left;
  }
  if (!snResolveIsMatch(*at)) return SEINE_OK;
  int rc = snResolve(c, p, at, RES_ALIAS);
  if (!rc && (*at)->kind == EX_HIT)
    p->src[(*at)->src].match[(*at)->slot].drives = true;
  return rc;
}

int snPlanWhere(Compile *c, Plan *p, Expr *where) {
  if (!where) return SEINE_OK;
  int rc = planMatches(c, p, &where);
  if (!rc) rc = snResolve(c, p, &where, RES_ALIAS);
  if (!rc) rc = snResolveBool(c, &where);
  return rc ? rc : planConjuncts(c, p, where);
}

/* USING (a, b): equal columns of this source and of one before it. */
static int planUsing(Compile *c, Plan *p, u32 s, ExprList *names) {
  for (u32 i = 0; names && i < names->n; i++) {
    Expr *n = names->v[i].e, *side[2] = {NULL, NULL};
    for (u32 k = 0; k <= s; k++) {
      int col = snPlanColumn(p->src + k, n->text, n->len);
      if (col < 0 || (k < s && side[0])) continue;
      Expr *e = snAstNew(c->p, EX_COLUMN, n->at);
      if (!e) return c->p->rc;
      e->src = k;
      e->i = col;
      e->type = snPlanColumnType(p->src + k, (u32)col);
      side[k == s] = e;
    }
    if (!side[0] || !side[1])
      return snParseError(c->p, n->at, "column %s is not on both sides of "
          "the join", n->text);
    Expr *eq = snAstOp(c->p, EX_COMPARE, CMP_EQ, side[0], side[1]);
    int rc = eq ? snPlanWhere(c, p, eq) : c->p->rc;
    if (rc) return rc;
  }
  return SEINE_OK;
}

/* ---- columns ------------------------------------------------------------ */

static int planOut(Compile *c, Plan *p, Expr *e, const char *name) {
  if (p->nout == p->out_cap) {
    u32 cap = p->out_cap ? p->out_cap * 2 : 16;
    OutColumn *o = snArenaZero(c->arena, cap * sizeof *o);
    if (!o) return SN_NOMEM;
    if (p->nout) memcpy(o, p->out, p->nout * sizeof *o);
    p->out = o;
    p->out_cap = cap;
  }
  if (p->nout >= 2000)
    return snParseError(c->p, e->at, "more than 2,000 columns");
  p->out[p->nout++] = (OutColumn){e, name};
  return SEINE_OK;
}

/* In USING joins the second column of a name is left out of *. */
static bool planIsUsing(const Source *s, const char *name) {
  const ExprList *l = s->from ? s->from->using_ : NULL;
  for (u32 i = 0; l && i < l->n; i++)
    if (snAsciiEq(l->v[i].e->text, l->v[i].e->len, name, strlen(name)))
      return true;
  return false;
}

static int planStar(Compile *c, Plan *p, const Expr *star) {
  bool any = false;
  if (!p->nsrc)
    return snParseError(c->p, star->at, "* needs a table in FROM");
  for (u32 s = 0; s < p->nsrc; s++) {
    const Source *src = p->src + s;
    if (star->text && (!src->alias || !snAsciiEq(src->alias,
            strlen(src->alias), star->text, strlen(star->text))))
      continue;
    any = true;
    for (u32 k = 0; k < snPlanColumns(src); k++) {
      if (!star->text && s && planIsUsing(src, snPlanColumnName(src, k)))
        continue;
      Expr *e = snAstNew(c->p, EX_COLUMN, star->at);
      if (!e) return c->p->rc;
      e->src = s;
      e->i = k;
      e->type = snPlanColumnType(src, k);
      int rc = planOut(c, p, e, snPlanColumnName(src, k));
      if (rc) return rc;
    }
  }
  if (any) return SEINE_OK;
  return snParseError(c->p, star->at, "no such table: %s", star->text);
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
    if (e->kind == EX_STAR) {
      rc = planStar(c, p, e);
      continue;
    }
    const char *name = planName(c, l->v + i);
    l->v[i].busy = true;
    rc = snResolve(c, p, &e, RES_AGG | RES_WINDOW | RES_ALIAS);
    l->v[i].busy = false;
    if (!rc && e->type == TYPE_NULL) e->type = TYPE_TEXT;
    if (!rc) rc = planOut(c, p, e, name);
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

static int planKeys(Compile *c, Plan *p) {
  Select *s = p->s;
  int rc = SEINE_OK;
  for (u32 i = 0; !rc && s->group && i < s->group->n; i++) {
    Expr *e = s->group->v[i].e;
    rc = planPosition(c, p, &e, "GROUP BY");
    if (!rc) rc = snResolve(c, p, &e, RES_ALIAS);
    if (rc) return rc;
    if (planHasAgg(e))
      return snParseError(c->p, s->group->v[i].e->at, "an aggregate cannot "
          "be a key of GROUP BY");
    rc = planAdd(c, &p->key, e);
  }
  for (u32 i = 0; !rc && s->group_all && i < p->nout; i++)
    if (!planHasAgg(p->out[i].e)) rc = planAdd(c, &p->key, p->out[i].e);
  return rc;
}

typedef struct PlanGroup {
  Compile *c;
  Plan *p;
  const Expr *lone;    /* the one min() or max() of the select */
  bool several;
} PlanGroup;

/* Beside one min() or max() a column is that of its row, as in SQLite. */
static bool planFindLone(void *arg, Expr **at) {
  PlanGroup *g = arg;
  const Expr *e = *at;
  if (e->kind != EX_AGG) return true;
  bool max = !strcmp(e->agg->name, "max"), min = !strcmp(e->agg->name, "min");
  if (!max && !min) return false;
  if (g->lone && !snAstSame(g->lone, e)) g->several = true;
  g->lone = e;
  return false;
}

/* The column at the row of the extreme: arg_max(column, of). */
static Expr *planBare(PlanGroup *g, Expr *column) {
  const Expr *of = g->lone;
  if (!of || g->several || of->filter || of->list->n != 1) return NULL;
  bool max = !strcmp(of->agg->name, "max");
  Expr *e = snAstNew(g->c->p, EX_AGG, column->at);
  if (!e) return NULL;
  e->agg = snAggFind(max ? "arg_max" : "arg_min", 7, 0);
  e->list = snAstList(g->c->p, NULL, column);
  e->list = snAstList(g->c->p, e->list, of->list->v[0].e);
  e->type = column->type;
  return g->c->p->rc ? NULL : e;
}

static Expr *planSlot(Compile *c, u32 k, const Expr *of) {
  Expr *e = snAstNew(c->p, EX_SLOT, of->at);
  if (!e) return NULL;
  e->i = k;
  e->type = of->type;
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
    *at = planSlot(g->c, k, e);
    return false;
  }
  if (e->kind == EX_SLOT) return false;
  Expr *bare = e->kind == EX_COLUMN ? planBare(g, e) : NULL;
  if (bare) e = bare;
  if (e->kind == EX_AGG) {
    u32 k = 0;
    while (k < p->agg.n && !snAstSame(p->agg.v[k].e, e)) k++;
    if (k == p->agg.n) (void)planAdd(g->c, &p->agg, e);
    *at = planSlot(g->c, p->key.n + k, e);
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

static int planGroupAll(Compile *c, Plan *p, Expr **having, Expr **qualify) {
  PlanGroup g = {.c = c, .p = p};
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
  (void)planAdd(g->c, &g->p->win, e);
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

/* ---- the whole ---------------------------------------------------------- */

static int planOrder(Compile *c, Plan *p) {
  ExprList *l = p->s->order;
  int rc = SEINE_OK;
  for (u32 i = 0; !rc && l && i < l->n; i++) {
    ExprItem it = l->v[i];
    rc = planPosition(c, p, &it.e, "ORDER BY");
    if (!rc)
      rc = snResolve(c, p, &it.e,
          RES_AGG | RES_WINDOW | RES_ALIAS | RES_ALIAS_FIRST);
    if (!rc && it.e->type == TYPE_NULL) it.e->type = TYPE_INTEGER;
    if (!rc) rc = planAdd(c, &p->order, it.e);
    if (rc) break;
    ExprItem *o = p->order.v + p->order.n - 1;
    o->desc = it.desc;
    o->nulls_last = it.nulls_set ? it.nulls_last : it.desc;
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

static int planFrom(Compile *c, Plan *p) {
  u32 n = 0;
  int rc = SEINE_OK;
  for (From *f = p->s->from; f; f = f->next) n++;
  if (n > 64) return snParseError(c->p, p->s->at, "more than 64 tables");
  p->src = snArenaZero(c->arena, (n + 1) * sizeof *p->src);
  if (!p->src) return SN_NOMEM;
  for (From *f = p->s->from; !rc && f; f = f->next)
    rc = planSource(c, p->src + p->nsrc++, f);
  u32 s = 0;
  for (From *f = p->s->from; !rc && f; f = f->next, s++) {
    rc = planUsing(c, p, s, f->using_);
    if (!rc) rc = snPlanWhere(c, p, f->on);
  }
  return rc;
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
    rc = planOut(c, p, e, name);
  }
  return rc;
}

static int planSelect(Compile *c, Plan *p) {
  Select *s = p->s;
  if (s->nrows) return planValues(c, p);
  int rc = planFrom(c, p);
  if (rc) return rc;
  /* MATCH in WHERE must be known before score() in the columns. */
  if (s->where) rc = snPlanWhere(c, p, s->where);
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
  if (p->grouped) rc = planGroupAll(c, p, &s->having, &s->qualify);
  if (!rc) rc = planWindows(c, p, &s->qualify);
  if (!rc) rc = planLimit(c, p, &s->limit);
  if (!rc) rc = planLimit(c, p, &s->offset);
  return rc;
}

int snPlanSelect(Compile *c, Select *s, Plan **out) {
  With *outer = c->with, *last = s->with;
  *out = NULL;
  if (++c->depth > 64) {
    (void)snParseError(c->p, s->at, "selects are nested more than 64 deep");
    return c->p->rc = SEINE_TOOBIG;
  }
  Plan *p = snArenaZero(c->arena, sizeof *p);
  if (!p) return SN_NOMEM;
  p->s = s;
  while (last && last->next) last = last->next;
  if (last) {
    last->next = outer;
    c->with = s->with;
  }
  int rc = planSelect(c, p);
  c->with = outer;
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
  if (!p->src) return SN_NOMEM;
  p->nsrc = 1;
  p->src[0].alias = alias ? alias : snAstText(c->p, name);
  p->src[0].table = t->table;
  p->src[0].cursor = NO_REG;
  *out = p;
  return c->p->rc;
}
