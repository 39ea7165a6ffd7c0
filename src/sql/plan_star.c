/*
** plan_star: what * and COLUMNS() stand for in a select list.
**
** * is all columns of FROM, those of a USING once.  EXCLUDE leaves some of
** them away, REPLACE puts an expression in the place of one, RENAME gives it
** another name.  COLUMNS(*) and COLUMNS('regular expression') stand in an
** expression, which is then one for each of these columns.
*/
#include "sql/plan.h"

typedef struct Star {
  Expr *star;
  OutColumn *v;
  u32 n, cap;
} Star;

static bool starIs(const Expr *name, const char *column, const char *table) {
  const Expr *q = name->left;
  return snAsciiEq(column, strlen(column), name->text, name->len) &&
      (!q || (table && snAsciiEq(table, strlen(table), q->text, q->len)));
}

/* The item of that name; *used marks it. */
static ExprItem *starFind(ExprList *l, bool *used, const char *column,
    const char *table) {
  for (u32 i = 0; l && i < l->n; i++) {
    ExprItem *it = l->v + i;
    if (!starIs(it->e, column, table)) continue;
    used[i] = true;
    return it;
  }
  return NULL;
}

/* ... of REPLACE, whose names stand behind AS. */
static ExprItem *starReplacing(ExprList *l, bool *used, const char *column) {
  for (u32 i = 0; l && i < l->n; i++) {
    ExprItem *it = l->v + i;
    if (!snAsciiEq(column, strlen(column), it->alias, strlen(it->alias)))
      continue;
    used[i] = true;
    return it;
  }
  return NULL;
}

static int starPush(Compile *c, Star *s, Expr *e, const char *name,
    const char *table) {
  if (s->n == s->cap) {
    u32 cap = s->cap ? s->cap * 2 : 16;
    OutColumn *v = snArenaZero(c->arena, cap * sizeof *v);
    if (!v) return SN_NOMEM;
    if (s->n) memcpy(v, s->v, s->n * sizeof *v);
    s->v = v;
    s->cap = cap;
  }
  s->v[s->n++] = (OutColumn){e, name, table};
  return SEINE_OK;
}

/* Which names of the lists were met. */
typedef struct StarUsed { bool *exclude, *replace, *rename; } StarUsed;

static ExprList *starRenames(const Star *s) {
  return s->star->left ? s->star->left->list : NULL;
}

/* One column of source s, as it is chosen and named. */
static int starColumn(Compile *c, Plan *p, u32 s, u32 k, Star *out,
    const StarUsed *used) {
  Expr *star = out->star;
  const Source *src = p->src + s;
  const char *name = snPlanColumnName(src, k);
  const char *table = snPlanColumnTable(src, k);
  if (starFind(star->list, used->exclude, name, table)) return SEINE_OK;
  const ExprItem *it = starReplacing(star->order, used->replace, name);
  if (it) return starPush(c, out, snAstCopy(c->p, it->e), it->alias, NULL);
  const ExprItem *as = starFind(starRenames(out), used->rename, name, table);
  Expr *e = snPlanColumnNew(c, p, s, k, star->at);
  if (!e) return c->p->rc;
  int rc = star->text ? SEINE_OK
                      : snPlanMerged(c, p, s, p->nsrc, name, &e);
  return rc ? rc : starPush(c, out, e, as ? as->alias : name, table);
}

static int starUnused(Compile *c, const ExprList *l, const bool *used,
    const char *what) {
  bool replace = what[0] == 'R' && what[2] == 'P';
  for (u32 i = 0; l && i < l->n; i++)
    if (!used[i])
      return snParseError(c->p, l->v[i].e->at, "%s: there is no column %s "
          "among those of *, or it is named twice", what,
          replace ? l->v[i].alias : l->v[i].e->text);
  return SEINE_OK;
}

static int starNames(Compile *c, const Star *s) {
  const ExprList *renames = starRenames(s);
  for (u32 i = 0; renames && i < renames->n; i++)
    if (renames->v[i].e->kind != EX_NAME)
      return snParseError(c->p, renames->v[i].e->at, "RENAME takes a column "
          "and its new name: RENAME (a AS b)");
  return SEINE_OK;
}

static bool *starMarks(Compile *c, const ExprList *l) {
  return snArenaZero(c->arena, (l ? l->n : 0) + 1ull);
}

static int starExpand(Compile *c, Plan *p, Star *out) {
  const Expr *star = out->star;
  const ExprList *renames = starRenames(out);
  StarUsed used = {starMarks(c, star->list), starMarks(c, star->order),
      starMarks(c, renames)};
  bool any = false;
  int rc = starNames(c, out);
  if (!used.exclude || !used.replace || !used.rename) return SN_NOMEM;
  if (rc) return rc;
  if (!p->nsrc)
    return snParseError(c->p, star->at, "* needs a table in FROM");
  for (u32 s = 0; !rc && s < p->nsrc; s++) {
    const Source *src = p->src + s;
    for (u32 k = 0; !rc && !src->hidden && k < snPlanColumns(src); k++) {
      if (star->text && !snPlanIsTable(src, k, star->text)) continue;
      any = true;
      if (star->text || !s || !snPlanIsUsing(src, snPlanColumnName(src, k)))
        rc = starColumn(c, p, s, k, out, &used);
    }
  }
  if (rc) return rc;
  if (!any && star->text)
    return snParseError(c->p, star->at, "no such table: %s", star->text);
  rc = starUnused(c, star->list, used.exclude, "EXCLUDE");
  if (!rc) rc = starUnused(c, star->order, used.replace, "REPLACE");
  if (!rc) rc = starUnused(c, renames, used.rename, "RENAME");
  if (rc || out->n || !star->list || star->negate) return rc;
  return snParseError(c->p, star->at, "EXCLUDE leaves no column of *");
}

int snPlanStar(Compile *c, Plan *p, Expr *star) {
  Star s = {.star = star};
  int rc = starExpand(c, p, &s);
  for (u32 k = 0; !rc && k < s.n; k++) {
    rc = snPlanColumnOut(c, p, s.v[k].e, s.v[k].name);
    if (!rc) p->out[p->nout - 1].table = s.v[k].table;
  }
  return rc;
}

/* ---- COLUMNS() ---------------------------------------------------------- */

typedef struct StarCall {
  Compile *c;
  const Expr *call;    /* the first one */
  Expr *as;            /* what stands for it now, or NULL: it is looked for */
} StarCall;

static bool starCall(void *arg, Expr **at) {
  StarCall *s = arg;
  Expr *e = *at;
  if (e->kind != EX_CALL || !snAsciiEq(e->text, e->len, "columns", 7))
    return true;
  if (s->as) {
    *at = s->as;
  } else if (!s->call) {
    s->call = e;
  } else if (!snAstSame(s->call, e)) {
    (void)snParseError(s->c->p, e->at, "several different COLUMNS() in one "
        "expression");
  }
  return false;
}

/* Keeps those whose name a regular expression finds something in. */
static int starPattern(Compile *c, Star *s, const Expr *pattern) {
  char why[REGEX_MESSAGE];
  u32 at, n = 0;
  Regex *re;
  int rc = snRegexNew(c->arena->budget, pattern->text, pattern->len,
      REGEX_FIND, &re, why, &at);
  if (rc == SEINE_ERROR || rc == SEINE_TOOBIG)
    return snParseError(c->p, pattern->at, "COLUMNS(): %s", why);
  for (u32 k = 0; !rc && k < s->n; k++) {
    bool hit;
    rc = snRegexMatch(re, s->v[k].name, strlen(s->v[k].name), &hit);
    if (!rc && hit) s->v[n++] = s->v[k];
  }
  snRegexFree(re);
  s->n = n;
  if (rc || n) return rc;
  return snParseError(c->p, pattern->at, "COLUMNS(): no column has a name "
      "like '%.60s'", pattern->text);
}

static int starChoose(Compile *c, Plan *p, const Expr *call, Star *s) {
  Expr *arg = call->list && call->list->n == 1 ? call->list->v[0].e : NULL;
  if (!arg || (arg->kind != EX_STAR && arg->kind != EX_STR))
    return snParseError(c->p, call->at, "COLUMNS() takes * or a regular "
        "expression as a text");
  s->star = arg->kind == EX_STAR ? arg : snAstNew(c->p, EX_STAR, call->at);
  int rc = s->star ? starExpand(c, p, s) : c->p->rc;
  return rc || arg->kind == EX_STAR ? rc : starPattern(c, s, arg);
}

int snPlanStarIn(Compile *c, Plan *p, const ExprItem *it, bool *found) {
  StarCall call = {.c = c};
  Star s = {0};
  Expr *e = it->e;
  snAstWalk(&e, starCall, &call);
  *found = call.call != NULL;
  if (!*found || c->p->rc) return c->p->rc;
  int rc = starChoose(c, p, call.call, &s);
  for (u32 k = 0; !rc && k < s.n; k++) {
    e = snAstCopy(c->p, it->e);
    call.as = s.v[k].e;
    if (e) snAstWalk(&e, starCall, &call);
    rc = c->p->rc;
    if (!rc)
      rc = snPlanColumnOut(c, p, e, it->alias ? it->alias : s.v[k].name);
  }
  return rc;
}

/* ---- UNPIVOT ------------------------------------------------------------ */

/* The names of the columns that COLUMNS() or * chooses of a source. */
static int starChosen(Compile *c, Plan *outer, const Select *s, Expr *choice,
    ExprList **out) {
  Select *x = snAstCopySelect(c->p, s);
  Plan *plan;
  if (!x) return c->p->rc;
  x->unpivot = NULL;
  x->order = NULL;
  x->limit = x->offset = NULL;
  x->with = NULL;
  x->cols = snAstList(c->p, NULL, snAstCopy(c->p, choice));
  int rc = snPlanSelect(c, outer, x, &plan);
  for (u32 k = 0; !rc && k < plan->nout; k++) {
    Expr *e = snAstNew(c->p, EX_NAME, choice->at);
    if (!e) return c->p->rc;
    e->text = plan->out[k].name;
    e->len = (u32)strlen(e->text);
    *out = snAstList(c->p, *out, e);
    rc = c->p->rc;
  }
  return rc;
}

int snPlanStarUnpivot(Compile *c, Plan *outer, Select *s) {
  const Unpivot *u = s->unpivot;
  ExprList *names = NULL;
  int rc = SEINE_OK;
  for (u32 k = 0; !rc && k < s->cols->n; k++) {
    const ExprItem *it = s->cols->v + k;
    if (snPivotIsChoice(it->e)) {
      rc = starChosen(c, outer, s, it->e, &names);
      continue;
    }
    names = snAstList(c->p, names, it->e);
    if (names && names->n) names->v[names->n - 1] = *it;
    rc = c->p->rc;
  }
  Select *x = rc ? NULL : snPivotUnpivot(c->p, u->at, s->from, names, u->into,
      u->nulls);
  if (!x) return rc ? rc : c->p->rc;
  x->order = s->order;
  x->limit = s->limit;
  x->offset = s->offset;
  x->with = s->with;
  *s = *x;
  return SEINE_OK;
}
