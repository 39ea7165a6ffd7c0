/*
** code_sub: sub-queries to code.  Those that are answered once run before the
** select in which they stand; see plan_sub.c.
*/
#include "sql/plan.h"

static u8 subLook(u8 kind) {
  return kind == SUB_SCALAR ? LOOK_VALUE
      : kind == SUB_IN      ? LOOK_IN : LOOK_FOUND;
}

static int subRow(Compile *c, u16 sel, const u16 *reg, u32 n, void *arg) {
  const Sub *s = arg;
  RegList *l = snCodeAlloc(c, sizeof *l + (n + 1) * sizeof(u16));
  if (!l) return SN_NOMEM;
  l->n = n;
  memcpy(l->reg, reg, n * sizeof *reg);
  LookDef *d = snCodeAlloc(c, sizeof *d);
  if (!d) return SN_NOMEM;
  *d = *s->def;
  d->cols = l;
  u32 at = snCodeAdd(c, OP_LookAdd, sel, NO_REG, s->obj, NO_REG);
  snProgAt(c->prog, at)->p = d;
  return c->prog->rc;
}

static int subDef(Compile *c, Sub *s) {
  LookDef *d = s->def = snCodeAlloc(c, sizeof *d);
  if (!d) return SN_NOMEM;
  d->kind = subLook(s->kind);
  d->loose = s->mode == SUB_APPLY;
  d->nval = s->nval;
  d->nkeys = s->nkeys;
  d->types = snCodeAlloc(c, s->plan->nout + 1);
  if (!d->types) return SN_NOMEM;
  for (u32 k = 0; k < s->plan->nout; k++)
    d->types[k] = s->plan->out[k].e->type;
  s->obj = snProgObj(c->prog);
  return c->prog->rc;
}

int snCodeSub(Compile *c, Sub *s) {
  int rc = subDef(c, s);
  if (!rc) rc = snCodeSelect(c, s->plan, subRow, s);
  if (rc || s->mode != SUB_ONCE || s->kind == SUB_IN) return rc;
  bool value = s->kind == SUB_SCALAR;
  s->reg = snProgReg(c->prog, value ? s->def->types[0] : TYPE_BOOLEAN);
  u32 at = snCodeAdd(c, OP_LookOne, NO_REG, s->reg, s->obj, NO_REG);
  snProgAt(c->prog, at)->c = s->def->kind;
  return c->prog->rc;
}

int snCodeSubs(Compile *c, Plan *p) {
  int rc = SEINE_OK;
  for (Rows *r = p->rows; !rc && r; r = r->next) rc = snCodeRowsFirst(c, r);
  for (Sub *s = p->subs; !rc && s; s = s->next)
    if (!s->waits) rc = snCodeSub(c, s);
  return rc;
}

/* ---- in an expression --------------------------------------------------- */

int snCodeApply(Compile *c, Env *v, Sub *s, RegList *keys,
    int (*body)(Compile *c, void *arg), void *arg) {
  AgainDef *d = snCodeAlloc(c, sizeof *d);
  int rc = d ? SEINE_OK : SN_NOMEM;
  if (!rc && !s->def) rc = subDef(c, s);
  if (rc) return rc;
  d->look = s->def;
  d->cols = keys;
  d->obj = c->prog->nobj;
  d->cur = c->prog->ncur;
  u32 at = snCodeAdd(c, OP_Apply, v->sel, NO_REG, s->obj, NO_REG);
  snProgAt(c->prog, at)->p = d;
  rc = body(c, arg);
  snCodeAdd(c, OP_Applied, NO_REG, NO_REG, s->obj, NO_REG);
  snProgJump(c->prog, at, snCodeHere(c));
  d->obj_end = c->prog->nobj;
  d->cur_end = c->prog->ncur;
  return rc ? rc : c->prog->rc;
}

static int subRun(Compile *c, void *arg) {
  Sub *s = arg;
  return snCodeSelect(c, s->plan, subRow, s);
}

int snCodeLookup(Compile *c, Env *v, const Expr *e, u16 *reg) {
  Sub *s = e->sub;
  u32 n = e->list ? e->list->n : 0;
  if (s->reg != NO_REG) {
    *reg = s->reg;
    return SEINE_OK;
  }
  RegList *keys = snCodeAlloc(c, sizeof *keys + (n + 1) * sizeof(u16));
  int rc = keys ? SEINE_OK : SN_NOMEM;
  for (u32 k = 0; !rc && k < n; k++)
    rc = snCodeExpr(c, v, e->list->v[k].e, &keys->reg[k]);
  if (rc) return rc;
  keys->n = n;
  if (s->mode == SUB_APPLY) rc = snCodeApply(c, v, s, keys, subRun, s);
  if (!rc && !s->def)
    return snParseError(c->p, e->at, "a sub-query cannot stand here");
  if (rc) return rc;
  *reg = snProgReg(c->prog, e->type);
  u32 at = snCodeAdd(c, OP_Look, v->sel, *reg, s->obj, NO_REG);
  Instr *i = snProgAt(c->prog, at);
  i->p = keys;
  i->c = subLook(e->op);
  i->k = e->i;
  i->flag = s->mode == SUB_APPLY;
  if (!e->negate) return c->prog->rc;
  u16 not = snProgReg(c->prog, TYPE_BOOLEAN);
  snCodeAdd(c, OP_Not, v->sel, not, *reg, NO_REG);
  *reg = not;
  return c->prog->rc;
}
