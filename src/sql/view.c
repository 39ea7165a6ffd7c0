/*
** view: a select of the catalog behind a name in FROM.
**
** The catalog keeps a view as the text that was written behind its name.
** Where the name stands in FROM the text is parsed and planned as a sub-query
** is; what its names mean is looked up then and there, so that a view may be
** created before its tables and outlives them, as in SQLite.
**
** Invariant: the tree of a view counts its places in the text of the view.
** While it is planned `p` of the compilation is the view's own: names of
** columns are cut out of that text, and an error found there is told at the
** place where the view is named.
*/
#include "sql/plan.h"

static bool viewOpen(const Compile *c, const char *name) {
  for (const ViewUse *u = c->views; u; u = u->outer)
    if (snAsciiEq(u->name, strlen(u->name), name, strlen(name))) return true;
  return false;
}

/* The statement that made it. */
static int viewParse(Compile *c, const CatalogObject *o, Parse **out) {
  Parse *p = snArenaZero(c->arena, sizeof *p);
  Buf text;
  u32 end;
  *out = p;
  if (!p) return SN_NOMEM;
  snBufInit(&text, c->arena->budget);
  snBufPrintf(&text, "CREATE VIEW v %s", o->sql);
  *p = (Parse){.arena = c->arena, .session = c->session, .err = c->err,
      .sql = snBufDup(&text, c->arena), .n = (u32)text.n};
  int rc = p->sql ? SEINE_OK : SN_NOMEM;
  snBufClear(&text);
  if (!rc) rc = snFeed(p, &end);
  snMemFree(p->param);
  p->param = NULL;
  if (!rc && (!p->stmt.select || p->stmt.ddl.object != OBJECT_VIEW))
    rc = SN_CORRUPT;
  return rc;
}

static int viewNames(Compile *c, const ExprList *names, Plan *plan) {
  if (!names) return SEINE_OK;
  if (names->n != plan->nout)
    return snParseError(c->p, names->v[0].e->at, "%u names for %u columns",
        names->n, plan->nout);
  for (u32 k = 0; k < names->n; k++)
    plan->out[k].name = names->v[k].e->text;
  return SEINE_OK;
}

/* An error inside of the view is one of the name that stands for it. */
static int viewFail(Compile *c, const ViewUse *use, Token name, int rc) {
  SqlError *err = c->err;
  char inner[sizeof err->message];
  if (c->p->rc) return c->p->rc;
  if ((rc != SEINE_ERROR && rc != SEINE_AUTH) || !err->message[0])
    return c->p->rc = rc;
  memcpy(inner, err->message, sizeof inner);
  (void)snParseError(c->p, name.at, "view %.64s: %.400s", use->name, inner);
  return c->p->rc = rc;
}

static int viewSelect(Compile *c, const CatalogObject *o, const ViewUse *use,
    Token name, Plan **out) {
  Parse *outer = c->p, *p;
  With *with = c->with;
  int rc = viewParse(c, o, &p);
  if (!p) return rc;
  c->p = p;
  c->with = NULL; /* names of the statement around it mean nothing here */
  c->views = use;
  if (!rc) rc = snPlanSelect(c, NULL, p->stmt.select, out);
  if (!rc) rc = viewNames(c, p->stmt.cols, *out);
  c->p = outer;
  c->with = with;
  c->views = use->outer;
  return rc ? viewFail(c, use, name, rc) : SEINE_OK;
}

int snViewPlan(Compile *c, Token name, Plan **out) {
  ViewUse use = {c->views, snAstText(c->p, name)};
  *out = NULL;
  if (c->p->rc) return c->p->rc;
  const CatalogObject *o = snSessionObjectFind(c->session, OBJECT_VIEW,
      use.name, strlen(use.name));
  if (viewOpen(c, use.name)) {
    c->circle = true;
    return snParseError(c->p, name.at, "view %.64s stands on itself",
        use.name);
  }
  if (!o) return SEINE_OK;
  int rc = snGuard(c, name.at, SEINE_AUTH_READ, use.name, "");
  return rc ? rc : viewSelect(c, o, &use, name, out);
}

/* Its tables may come later.  A circle is found by reading the view as it
** would be, and whatever else fails then is no error yet. */
int snViewCheck(Compile *c, const Stmt *s) {
  ViewUse use = {NULL, s->ddl.name};
  Plan *plan;
  if (c->p->nparam)
    return snParseError(c->p, s->name.at, "view %.64s: a view cannot hold "
        "parameters", s->ddl.name);
  c->views = &use;
  int rc = snPlanSelect(c, NULL, s->select, &plan);
  c->views = NULL;
  c->depth = 0;
  c->with = NULL;
  if ((rc != SEINE_ERROR && rc != SEINE_TOOBIG) || c->circle) return rc;
  c->p->rc = SEINE_OK;
  *c->err = (SqlError){.offset = -1};
  return SEINE_OK;
}
