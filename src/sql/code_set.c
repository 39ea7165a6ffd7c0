/*
** code_set: UNION, EXCEPT and INTERSECT, and the rows of WITH that are read
** more than once or by themselves.
**
** Both sides of a UNION bring their rows to the same registers and call what
** follows, which stands once.  The other two put the rows of the right side
** by, and look those of the left side up.
*/
#include "sql/plan.h"

typedef struct SetArg {
  Plan *p;
  RegList *cols;       /* registers that both sides fill */
  u16 sel, obj;
  u32 call[2], ncall;  /* to be patched */
  ConsumeRow fn;
  void *arg;
} SetArg;

/* The columns of a side as those of the whole. */
static int setCast(Compile *c, const OutColumn *out, u16 sel, const u16 *reg,
    u32 n, RegList **list) {
  RegList *l = *list = snCodeAlloc(c, sizeof *l + (n + 1) * sizeof(u16));
  if (!l) return SN_NOMEM;
  l->n = n;
  for (u32 k = 0; k < n; k++) {
    u8 type = out[k].e->type;
    l->reg[k] = reg[k];
    if (c->prog->rc || c->prog->reg_type[reg[k]] == type) continue;
    l->reg[k] = snProgReg(c->prog, type);
    snCodeAdd(c, OP_Cast, sel, l->reg[k], reg[k], NO_REG);
  }
  return c->prog->rc;
}

static int setDistinct(Compile *c, u16 sel, RegList *apart) {
  u32 at = snCodeAdd(c, OP_Distinct, sel, NO_REG, snProgObj(c->prog), NO_REG);
  snProgAt(c->prog, at)->p = apart;
  return c->prog->rc;
}

/* ---- UNION -------------------------------------------------------------- */

static int setUnionRow(Compile *c, u16 sel, const u16 *reg, u32 n,
    void *arg) {
  SetArg *a = arg;
  RegList *l;
  int rc = setCast(c, a->p->out, sel, reg, n, &l);
  if (rc) return rc;
  for (u32 k = 0; k < n; k++)
    snCodeAdd(c, OP_Move, sel, a->cols->reg[k], l->reg[k], NO_REG);
  snCodeAdd(c, OP_MoveSel, sel, a->sel, NO_REG, NO_REG);
  a->call[a->ncall++] =
      snCodeAdd(c, OP_Call, NO_REG, NO_REG, a->obj, NO_REG);
  return c->prog->rc;
}

static int setUnion(Compile *c, SetArg *a) {
  Plan *p = a->p;
  RegList *apart;
  a->sel = snProgSel(c->prog);
  a->obj = snProgObj(c->prog);
  a->cols = snCodeAlloc(c, sizeof *a->cols + (p->nout + 1) * sizeof(u16));
  if (!a->cols) return SN_NOMEM;
  a->cols->n = p->nout;
  for (u32 k = 0; k < p->nout; k++)
    a->cols->reg[k] = snProgReg(c->prog, p->out[k].e->type);
  int rc = snCodeSelect(c, p->left, setUnionRow, a);
  if (!rc) rc = snCodeSelect(c, p->right, setUnionRow, a);
  u32 end = snCodeAdd(c, OP_Goto, NO_REG, NO_REG, NO_REG, NO_REG);
  for (u32 k = 0; k < a->ncall; k++)
    snProgJump(c->prog, a->call[k], snCodeHere(c));
  if (!rc && !p->all) rc = snCodeApart(c, p->out, a->sel, a->cols, &apart);
  if (!rc && !p->all) rc = setDistinct(c, a->sel, apart);
  if (!rc) rc = a->fn(c, a->sel, a->cols->reg, p->nout, a->arg);
  snCodeAdd(c, OP_Return, NO_REG, NO_REG, a->obj, NO_REG);
  snProgJump(c->prog, end, snCodeHere(c));
  return rc ? rc : c->prog->rc;
}

/* ---- EXCEPT, INTERSECT -------------------------------------------------- */

static int setPutRow(Compile *c, u16 sel, const u16 *reg, u32 n, void *arg) {
  SetArg *a = arg;
  RegList *l;
  LookDef *d = snCodeAlloc(c, sizeof *d);
  int rc = setCast(c, a->p->out, sel, reg, n, &l);
  if (!rc) rc = snCodeApart(c, a->p->out, sel, l, &l);
  if (rc || !d) return rc ? rc : SN_NOMEM;
  *d = (LookDef){.kind = LOOK_BAG, .loose = true, .nkeys = n, .cols = l};
  d->types = snCodeAlloc(c, n + 1);
  if (!d->types || c->prog->rc) return SN_NOMEM;
  for (u32 k = 0; k < n; k++) d->types[k] = c->prog->reg_type[l->reg[k]];
  u32 at = snCodeAdd(c, OP_LookAdd, sel, NO_REG, a->obj, NO_REG);
  snProgAt(c->prog, at)->p = d;
  return c->prog->rc;
}

static int setTakeRow(Compile *c, u16 sel, const u16 *reg, u32 n,
    void *arg) {
  SetArg *a = arg;
  RegList *l, *apart;
  bool except = a->p->set == SET_EXCEPT;
  int rc = setCast(c, a->p->out, sel, reg, n, &l);
  if (!rc) rc = snCodeApart(c, a->p->out, sel, l, &apart);
  if (rc) return rc;
  if (a->p->all) {
    u32 at = snCodeAdd(c, OP_LookTake, sel, NO_REG, a->obj, NO_REG);
    snProgAt(c->prog, at)->p = apart;
    snProgAt(c->prog, at)->flag = except;
    return a->fn(c, sel, l->reg, n, a->arg);
  }
  u16 found = snProgReg(c->prog, TYPE_BOOLEAN), yes = found;
  u32 at = snCodeAdd(c, OP_Look, sel, found, a->obj, NO_REG);
  snProgAt(c->prog, at)->p = apart;
  snProgAt(c->prog, at)->c = LOOK_FOUND;
  snProgAt(c->prog, at)->flag = 1;
  if (except) {
    yes = snProgReg(c->prog, TYPE_BOOLEAN);
    snCodeAdd(c, OP_Not, sel, yes, found, NO_REG);
  }
  snCodeAdd(c, OP_Select, sel, NO_REG, yes, NO_REG);
  rc = setDistinct(c, sel, apart);
  return rc ? rc : a->fn(c, sel, l->reg, n, a->arg);
}

int snCodeSet(Compile *c, Plan *p, ConsumeRow fn, void *arg) {
  SetArg a = {.p = p, .fn = fn, .arg = arg};
  if (p->set == SET_UNION) return setUnion(c, &a);
  a.obj = snProgObj(c->prog);
  int rc = snCodeSelect(c, p->right, setPutRow, &a);
  return rc ? rc : snCodeSelect(c, p->left, setTakeRow, &a);
}

/* ---- rows that wait ----------------------------------------------------- */

static int setRowsRow(Compile *c, u16 sel, const u16 *reg, u32 n,
    void *arg) {
  Rows *r = arg;
  RowsDef *d = snCodeAlloc(c, sizeof *d);
  RegList *l;
  int rc = setCast(c, r->plan->out, sel, reg, n, &l);
  if (rc || !d) return SN_NOMEM;
  d->cols = l;
  d->distinct = r->distinct;
  d->limit = r->limit_reg;
  d->types = snCodeAlloc(c, n + 1);
  if (!d->types) return SN_NOMEM;
  for (u32 k = 0; k < n; k++) d->types[k] = r->plan->out[k].e->type;
  u32 at = snCodeAdd(c, OP_RowsAdd, sel, NO_REG, r->obj, NO_REG);
  snProgAt(c->prog, at)->p = d;
  return c->prog->rc;
}

/* A loop over all rows, or over those of the last step. */
static int setRowsScan(Compile *c, const Rows *r, bool step, ConsumeRow fn,
    void *arg) {
  u32 n = r->plan->nout;
  u16 sel = snProgSel(c->prog);
  RegList *l = snCodeAlloc(c, sizeof *l + (n + 1) * sizeof(u16));
  if (!l) return SN_NOMEM;
  l->n = n;
  for (u32 k = 0; k < n; k++)
    l->reg[k] = snProgReg(c->prog, r->plan->out[k].e->type);
  u16 scan = snProgObj(c->prog);
  u32 next = snCodeAdd(c, OP_Rows, sel, NO_REG, scan, r->obj);
  snProgAt(c->prog, next)->p = l;
  snProgAt(c->prog, next)->flag = step;
  snProgAt(c->prog, next)->note = snArenaDup(&c->prog->arena, r->name,
      strlen(r->name));
  int rc = fn(c, sel, l->reg, n, arg);
  snCodeLoop(c, next);
  return rc ? rc : c->prog->rc;
}

/* The first select, then the other one for what the last step gave, until it
** gives nothing.  each: what is done with the rows of a step, or NULL. */
static int setRowsLoop(Compile *c, Rows *r, ConsumeRow each, void *arg) {
  AgainDef *d = snCodeAlloc(c, sizeof *d);
  if (!d) return SN_NOMEM;
  r->obj = snProgObj(c->prog);
  int rc = r->limit ? snCodeBound(c, r->limit, &r->limit_reg) : SEINE_OK;
  if (!rc) rc = snCodeSelect(c, r->base, setRowsRow, r);
  if (rc || !r->step) return rc;
  u32 next = snCodeAdd(c, OP_RowsNext, NO_REG, NO_REG, r->obj, NO_REG);
  if (each) rc = setRowsScan(c, r, true, each, arg);
  d->obj = c->prog->nobj;
  d->cur = c->prog->ncur;
  u32 again = snCodeAdd(c, OP_Again, NO_REG, NO_REG, NO_REG, NO_REG);
  snProgAt(c->prog, again)->p = d;
  if (!rc) rc = snCodeSelect(c, r->step, setRowsRow, r);
  d->obj_end = c->prog->nobj;
  d->cur_end = c->prog->ncur;
  snCodeLoop(c, next);
  return rc ? rc : c->prog->rc;
}

int snCodeRowsFirst(Compile *c, Rows *r) {
  return r->step && r->uses == 1 ? SEINE_OK : setRowsLoop(c, r, NULL, NULL);
}

int snCodeRows(Compile *c, const Source *s, ConsumeRow fn, void *arg) {
  Rows *r = s->rows;
  if (!s->step && r->step && r->uses == 1)
    return setRowsLoop(c, r, fn, arg);
  return setRowsScan(c, r, s->step, fn, arg);
}
