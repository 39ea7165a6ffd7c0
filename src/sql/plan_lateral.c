/*
** plan_lateral: sources that depend on those before them.
**
** A function in FROM whose arguments are no constants gives its rows for each
** row of the sources before it (Source.expand, with Source.args); unnest() is
** always one.  A LATERAL sub-select that names columns of those sources is
** planned here and becomes a join in plan_sub.c.  Both need a source before
** them: where there is none, one of a single row stands in, which no name
** means.
**
** unnest() in the select list is such a function behind the whole FROM, with
** an argument for each call, so that their rows stand side by side.
*/
#include "sql/plan.h"

/* ---- functions ---------------------------------------------------------- */

static bool lateralIsUnnest(const TableFunc *t) {
  return !strcmp(t->name, TABLE_FUNC_UNNEST);
}

/* Sources from s on are not seen. */
static int lateralResolve(Compile *c, Plan *p, const Source *s, Expr **e,
    u32 flags) {
  u32 n = p->nsrc;
  p->nsrc = (u32)(s - p->src);
  int rc = snResolve(c, p, e, flags);
  p->nsrc = n;
  return rc;
}

int snLateralArgs(Compile *c, Plan *p, Source *s, From *f,
    const TableFunc *t) {
  u32 n = f->args ? f->args->n : 0;
  int rc = SEINE_OK;
  bool constant = !lateralIsUnnest(t);
  if (t->args[0] == 'c') return SEINE_OK;
  for (u32 k = 0; !rc && k < n; k++) {
    rc = lateralResolve(c, p, s, &f->args->v[k].e,
        f->spread ? RES_ALIAS : 0);
    constant &= snResolveConst(f->args->v[k].e);
  }
  if (!rc && !constant) s->expand = t;
  return rc;
}

/* A column of the rows that are made. */
static int lateralOut(Compile *c, Plan *sub, u8 type, const char *name) {
  Expr *e = snAstNew(c->p, EX_COLUMN, sub->s->at);
  if (!e) return c->p->rc;
  e->i = sub->nout;
  e->type = type;
  return snPlanOut(c, sub, e, name);
}

static int lateralUnnest(Compile *c, Source *s, const From *f) {
  int rc = SEINE_OK;
  for (u32 k = 0; !rc && k < f->args->n; k++) {
    Expr *e = f->args->v[k].e;
    char type[24];
    if (e->kind == EX_NULL) e->type = TYPE_TEXT | TYPE_ARRAY;
    if (!(e->type & TYPE_ARRAY))
      return snParseError(c->p, e->at, "unnest() needs an array, not %s: CAST "
          "makes one of a text, json_each() reads JSON",
          snTypeName(e->type, type));
    rc = lateralOut(c, s->sub, e->type & (u8)~TYPE_ARRAY, "unnest");
  }
  if (!rc && f->ordinality)
    rc = lateralOut(c, s->sub, TYPE_INTEGER, "ordinality");
  return rc;
}

/* Arguments as the function wants them. */
static int lateralCast(Compile *c, const TableFunc *t, const From *f) {
  const char *want = t->args;
  int rc = SEINE_OK;
  for (u32 k = 0; !rc && k < f->args->n; k++, want++) {
    if (*want == '?') want++;
    Expr **e = &f->args->v[k].e;
    u8 type = snTableFuncType(*want);
    if (type == TYPE_INTERVAL && (*e)->type != type)
      return snParseError(c->p, (*e)->at, "the step of %s() is an interval: "
          "INTERVAL '1 day'", t->name);
    if (type != TYPE_TEXT || !snTypeIsString((*e)->type))
      rc = snResolveCast(c, e, type);
  }
  return rc;
}

int snLateralCall(Compile *c, Source *s, From *f) {
  const TableFunc *t = s->expand;
  Plan *p = s->sub = snArenaZero(c->arena, sizeof *p);
  if (!p) return SN_NOMEM;
  p->call = t;
  p->s = snAstSelect(c->p, f->name.at);
  if (!p->s) return c->p->rc;
  s->args = *f->args;
  s->hidden = f->spread;
  if (lateralIsUnnest(t)) return lateralUnnest(c, s, f);
  int rc = lateralCast(c, t, f);
  s->args = *f->args;
  for (u32 k = 0; !rc && t->types[k]; k++)
    rc = lateralOut(c, p, snTableFuncType(t->types[k]), t->names[k]);
  return rc;
}

/* ---- sub-selects -------------------------------------------------------- */

int snLateralSelect(Compile *c, Plan *p, Source *s, From *f) {
  u32 n = p->nsrc;
  p->nsrc = (u32)(s - p->src);
  int rc = snPlanSelect(c, p, f->select, &s->sub);
  p->nsrc = n;
  s->lateral = true;
  return rc;
}

/* A source of one row before the first one. */
int snLateralFirst(Compile *c, Plan *p) {
  Select *one = snAstSelect(c->p, p->s->at);
  Expr *e = snAstNew(c->p, EX_INT, p->s->at);
  ExprList *row = snAstList(c->p, NULL, e);
  Plan *sub;
  if (!one || !e || !row) return c->p->rc;
  snAstValues(c->p, one, row);
  int rc = c->p->rc ? c->p->rc : snPlanSelect(c, NULL, one, &sub);
  if (rc) return rc;
  sub->out[0].name = "";
  p->src[1] = p->src[0];
  p->src[0] = (Source){.sub = sub, .cursor = NO_REG, .hidden = true};
  p->nsrc = 2;
  return SEINE_OK;
}

/* ---- unnest() in the select list ---------------------------------------- */

typedef struct LateralSpread {
  Compile *c;
  From *f;             /* NULL as long as there is none */
} LateralSpread;

static bool lateralSpread(void *arg, Expr **at) {
  LateralSpread *w = arg;
  Parse *p = w->c->p;
  Expr *e = *at;
  if (p->rc || e->kind != EX_CALL ||
      !snAsciiEq(e->text, e->len, TABLE_FUNC_UNNEST, 6))
    return !p->rc;
  if (!e->list || e->list->n != 1 || e->over || e->filter || e->distinct) {
    (void)snParseError(p, e->at, "unnest() in a select list takes one array");
    return false;
  }
  if (!w->f) {
    w->f = snArenaZero(p->arena, sizeof *w->f);
    if (!w->f) {
      p->rc = SN_NOMEM;
      return false;
    }
    w->f->name = (Token){TABLE_FUNC_UNNEST, 6, e->at};
    w->f->alias = "";
    w->f->call = w->f->spread = true;
  }
  Expr *array = e->list->v[0].e;
  u32 k = 0, n = w->f->args ? w->f->args->n : 0;
  while (k < n && !snAstSame(w->f->args->v[k].e, array)) k++;
  if (k == n)
    w->f->args = snAstList(p, w->f->args, snAstCopy(p, array));
  e->i = k + 1ll;
  return false;
}

static void lateralSpreadList(LateralSpread *w, ExprList *l) {
  for (u32 i = 0; l && i < l->n; i++)
    snAstWalk(&l->v[i].e, lateralSpread, w);
}

int snLateralSpread(Compile *c, Select *s) {
  LateralSpread w = {.c = c};
  From **at = &s->from;
  lateralSpreadList(&w, s->cols);
  lateralSpreadList(&w, s->group);
  lateralSpreadList(&w, s->order);
  if (c->p->rc || !w.f) return c->p->rc;
  while (*at) at = &(*at)->next;
  *at = w.f;
  return SEINE_OK;
}

/* What stands for such a call: its column. */
int snLateralColumn(Compile *c, const Plan *p, Expr **at) {
  const Expr *e = *at;
  for (u32 s = 0; p && e->i && s < p->nsrc; s++) {
    if (!p->src[s].from || !p->src[s].from->spread) continue;
    *at = snPlanColumnNew(c, p, s, e->i - 1, e->at);
    return c->p->rc;
  }
  return snParseError(c->p, e->at, "unnest() stands in FROM, in a select list, "
      "or in its GROUP BY and ORDER BY");
}
