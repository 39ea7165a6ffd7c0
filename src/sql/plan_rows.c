/*
** plan_rows: a WITH whose rows wait in memory: one that is read several
** times, or is recursive.
**
** A recursive select is a UNION of a first one and of one that names it.  The
** latter reads what the last step gave; the types of the columns are those of
** both.
*/
#include "sql/plan.h"

static int rowsColumns(Compile *c, Rows *r, const Plan *from, u32 at) {
  Plan *p = r->plan;
  for (u32 k = 0; k < from->nout; k++) {
    Expr *e = snAstNew(c->p, EX_COLUMN, at);
    if (!e) return c->p->rc;
    e->i = k;
    e->type = from->out[k].e->type;
    e->collate = from->out[k].e->collate;
    int rc = snPlanOut(c, p, e, from->out[k].name);
    if (rc) return rc;
  }
  return SEINE_OK;
}

static int rowsNames(Compile *c, Rows *r, const With *w, u32 at) {
  Plan *p = r->plan;
  if (!w->cols) return SEINE_OK;
  if (w->cols->n != p->nout)
    return snParseError(c->p, at, "%u names for %u columns", w->cols->n,
        p->nout);
  for (u32 k = 0; k < p->nout; k++) p->out[k].name = w->cols->v[k].e->text;
  return SEINE_OK;
}

/* The select that names itself, for rows of the types that are known; true:
** some of its own are wider. */
static int rowsStep(Compile *c, With *w, Rows *r, bool *wider) {
  Select *s = snAstCopySelect(c->p, w->select->right);
  *wider = false;
  if (!s) return c->p->rc;
  r->steps = 0;
  int rc = snPlanSelect(c, NULL, s, &r->step);
  if (rc) return rc;
  if (r->step->nout != r->plan->nout)
    return snParseError(c->p, s->at, "UNION: the left select has %u "
        "columns, the right one %u", r->plan->nout, r->step->nout);
  for (u32 k = 0; k < r->plan->nout; k++) {
    const Expr *e = r->step->out[k].e;
    u8 *type = &r->plan->out[k].e->type, own = *type;
    *type = snResolveUnify(own, e->kind == EX_NULL ? TYPE_NULL : e->type);
    *wider |= *type != own;
  }
  return SEINE_OK;
}

/* first UNION a UNION b, of which a and b read the whole: the first, and the
** rest as one.  What it reads is new rows alone, so those are not compared. */
static int rowsSplit(Compile *c, With *w) {
  Select *s = w->select, *left = s->left;
  while (left->set == SET_UNION && left->all == s->all && !left->limit &&
         !left->order && !left->with && snAstReads(left, w->name)) {
    s->right = snAstSet(c->p, SET_UNION, 1, left->right, s->right);
    s->left = left = left->left;
  }
  return c->p->rc;
}

static int rowsPlan(Compile *c, With *w, const From *f) {
  int split = rowsSplit(c, w);
  if (split) return split;
  Rows *r = snArenaZero(c->arena, sizeof *r);
  Select *s = snAstCopySelect(c->p, w->select->left);
  if (!r || !s) return SN_NOMEM;
  r->plan = snArenaZero(c->arena, sizeof *r->plan);
  if (!r->plan) return SN_NOMEM;
  r->plan->s = s;
  r->name = w->name;
  r->distinct = !w->select->all;
  r->limit_reg = NO_REG;
  r->limit = w->select->limit;
  if (w->select->order || w->select->offset)
    return snParseError(c->p, w->select->at, "a recursive WITH has no ORDER "
        "BY and no OFFSET of its own: put them into the select that reads it");
  int rc = r->limit ? snResolve(c, NULL, &r->limit, 0) : SEINE_OK;
  if (!rc && r->limit) rc = snResolveCast(c, &r->limit, TYPE_INTEGER);
  if (!rc) rc = snPlanSelect(c, NULL, s, &r->base);
  if (!rc) rc = rowsColumns(c, r, r->base, s->at);
  for (u32 k = 0; !rc && k < r->base->nout; k++) /* SELECT NULL UNION ... */
    if (r->base->out[k].e->kind == EX_NULL)
      r->plan->out[k].e->type = TYPE_NULL;
  if (!rc) rc = rowsNames(c, r, w, f->name.at);
  w->rows = r;
  bool wider = false;
  if (!rc) rc = rowsStep(c, w, r, &wider);
  if (!rc && wider) rc = rowsStep(c, w, r, &wider);
  if (!rc && !r->steps) w->rows = NULL; /* it does not name itself */
  return rc;
}

/* A select that is read several times is made once; not one that names columns
** of what is around it: it has other rows for each of theirs. */
static int rowsOnce(Compile *c, With *w, const From *f) {
  Rows *r = snArenaZero(c->arena, sizeof *r);
  Select *s = snAstCopySelect(c->p, w->select);
  if (!r || !s) return SN_NOMEM;
  r->name = w->name;
  r->limit_reg = NO_REG;
  int rc = snPlanSelect(c, w->owner->outer, s, &r->base);
  if (rc) return rc;
  if (r->base->corr.n) {
    w->once = ONCE_NO;
    return SEINE_OK;
  }
  r->plan = snArenaZero(c->arena, sizeof *r->plan);
  if (!r->plan) return SN_NOMEM;
  r->plan->s = s;
  rc = rowsColumns(c, r, r->base, s->at);
  if (!rc) rc = rowsNames(c, r, w, f->name.at);
  w->rows = r;
  return rc;
}

int snPlanWaits(Compile *c, With *w, const From *f) {
  if (w->rows) return SEINE_OK;
  With *outer = c->with;
  int rc = SEINE_OK;
  w->busy = true;
  c->with = w;
  if (w->recursive && w->select->set == SET_UNION &&
      snAstReads(w->select, w->name))
    rc = rowsPlan(c, w, f);
  bool once = w->once == ONCE_YES || (w->once == ONCE_AUTO && w->uses > 1);
  if (!rc && !w->rows && once) rc = rowsOnce(c, w, f);
  c->with = outer;
  w->busy = false;
  if (rc || !w->rows) return rc;
  Rows **at = &w->owner->rows; /* those that it reads stand before it */
  while (*at) at = &(*at)->next;
  *at = w->rows;
  return SEINE_OK;
}

int snPlanRows(Source *s, With *w) {
  s->rows = w->rows;
  s->sub = w->rows->plan;
  s->step = w->busy;
  if (s->step) w->rows->steps++;
  else w->rows->uses++;
  return SEINE_OK;
}
