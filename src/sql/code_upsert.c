/*
** code_upsert: INSERT ... ON CONFLICT DO UPDATE, RETURNING, and joins of UPDATE
** and DELETE.
**
**   next:  Upsert sel -> the rows whose key is there, else end
**          for each DO UPDATE, of the rows that it is for:
**          Stored: what stands there; WHERE; new values; Insert in its place
**          Goto next;  end:
**
** A round of Upsert takes the rows up to the first that meets a row of the same
** round, so that each sees what those before it did.
**
** The rows of RETURNING wait until all is written.
*/
#include "sql/plan.h"

/* ---- RETURNING ---------------------------------------------------------- */

int snUpsertReturnNew(Compile *c, const Stmt *s, Returning **out) {
  *out = NULL;
  if (!s->returning) return SEINE_OK;
  Returning *t = snArenaZero(c->arena, sizeof *t);
  if (!t) return SN_NOMEM;
  int rc = snPlanTable(c, s->name, s->alias, &t->plan);
  if (!rc) rc = snPlanReturning(c, t->plan, s->returning);
  if (rc) return rc;
  u32 n = t->plan->nout;
  t->obj = snProgObj(c->prog);
  t->def = snCodeAlloc(c, sizeof *t->def);
  if (!t->def) return SN_NOMEM;
  t->def->types = snCodeAlloc(c, n + 1);
  if (!t->def->types) return SN_NOMEM;
  for (u32 k = 0; k < n; k++) t->def->types[k] = t->plan->out[k].e->type;
  t->def->ncol = n;
  t->def->limit = t->def->offset = NO_REG;
  *out = t;
  return c->prog->rc;
}

int snUpsertReturnEnv(Compile *c, Returning *t, Env *v) {
  u32 n = t->plan->nout;
  SortDef *d = snCodeAlloc(c, sizeof *d);
  RegList *l = snCodeAlloc(c, sizeof *l + (n + 1) * sizeof(u16));
  int rc = d && l ? SEINE_OK : SN_NOMEM;
  if (rc) return rc;
  l->n = n;
  for (u32 k = 0; !rc && k < n; k++)
    rc = snCodeExpr(c, v, t->plan->out[k].e, &l->reg[k]);
  *d = *t->def;
  d->cols = l;
  u32 at = snCodeAdd(c, OP_SortAdd, v->sel, NO_REG, t->obj, NO_REG);
  snProgAt(c->prog, at)->p = d;
  return rc ? rc : c->prog->rc;
}

int snUpsertReturnRow(Compile *c, Returning *t, u16 sel,
    const InsertDef *d) {
  Env v;
  if (!t) return SEINE_OK;
  int rc = snEnvInit(c, &v, t->plan, sel);
  if (!rc) rc = snCodeRow(c, &v, d);
  return rc ? rc : snUpsertReturnEnv(c, t, &v);
}

static void upsertWrite(Compile *c, u8 k) {
  u32 at = snCodeAdd(c, OP_Write, NO_REG, NO_REG, NO_REG, NO_REG);
  snProgAt(c->prog, at)->k = k;
}

/* The statement ends when its first rows are ready to be given: what fails
** before that takes it back. */
static int upsertResult(Compile *c, Returning *t) {
  Program *p = c->prog;
  u32 n = t->plan->nout;
  u16 sel = snProgSel(p);
  RegList *l = snCodeAlloc(c, sizeof *l + (n + 1) * sizeof(u16));
  int rc = snStmtColumns(c, n);
  if (rc || !l) return SN_NOMEM;
  l->n = n;
  for (u32 k = 0; k < n; k++) {
    const OutColumn *o = t->plan->out + k;
    l->reg[k] = snProgReg(p, o->e->type);
    p->col_name[k] = snArenaDup(&p->arena, o->name, strlen(o->name));
    p->col_type[k] = o->e->type;
    if (!p->col_name[k]) return SN_NOMEM;
  }
  u32 at = snCodeAdd(c, OP_Sort, NO_REG, NO_REG, t->obj, NO_REG);
  snProgAt(p, at)->p = t->def;
  u32 next = snCodeAdd(c, OP_Sorted, sel, NO_REG, t->obj, NO_REG);
  snProgAt(p, next)->p = l;
  upsertWrite(c, 2);
  rc = snStmtResult(c, sel, l->reg, n, NULL);
  u32 back = snCodeAdd(c, OP_Goto, NO_REG, NO_REG, NO_REG, NO_REG);
  snProgJump(p, back, next);
  snProgJump(p, next, snCodeHere(c));
  upsertWrite(c, 2);
  return rc;
}

int snUpsertReturnEnd(Compile *c, Returning *t) {
  if (!t) upsertWrite(c, 1);
  if (c->prog->rc) return c->prog->rc;
  return t ? upsertResult(c, t) : SEINE_OK;
}

/* ---- ON CONFLICT -------------------------------------------------------- */

/* The columns of a key are those of the list, in any order. */
static bool upsertIs(const Table *t, const TableKey *k, const ExprList *l) {
  u32 found = 0;
  for (u32 i = 0; i < l->n; i++) {
    int at = snTableColumn(t, l->v[i].e->text, l->v[i].e->len);
    for (u32 j = 0; at >= 0 && j < k->n; j++)
      found += k->col[j] == t->col[at].id;
  }
  return found == k->n && l->n == k->n;
}

static int upsertKey(Compile *c, const Table *t, const UpsertRef *u,
    i32 *out) {
  i32 key = 0;
  *out = -1;
  for (u32 k = 0; u->target && k < t->nkey; k++) {
    if (!snConstraintIsChecked(t->key + k)) continue;
    if (upsertIs(t, t->key + k, u->target)) *out = key;
    key++;
  }
  if (!u->target && u->sets && !snConstraintAny(t))
    return snParseError(c->p, u->at, "table %s has no PRIMARY KEY and "
        "no UNIQUE constraint that a row could break", t->name);
  if (!u->target || *out >= 0) return SEINE_OK;
  return snParseError(c->p, u->target->v[0].e->at, "ON CONFLICT names columns "
      "that are no PRIMARY KEY and no UNIQUE constraint of table %s", t->name);
}

static u32 upsertCount(const Stmt *s) {
  u32 n = 0;
  for (const UpsertRef *u = s->upsert; u; u = u->next) n++;
  return n;
}

int snUpsertTarget(Compile *c, const Stmt *s, InsertDef *d) {
  if (!s->upsert) return SEINE_OK;
  if (s->on != ON_ABORT)
    return snParseError(c->p, s->upsert->at, "ON CONFLICT does not go with "
        "INSERT OR and REPLACE");
  i32 *clause = snCodeAlloc(c, upsertCount(s) * sizeof *clause);
  if (!clause) return SN_NOMEM;
  d->clause = clause;
  for (const UpsertRef *u = s->upsert; u; u = u->next) {
    int rc = upsertKey(c, d->table, u, clause + d->nclause++);
    if (rc) return rc;
  }
  return SEINE_OK;
}

bool snUpsertUpdates(const Stmt *s) {
  const UpsertRef *u = s->upsert;
  while (u && !u->sets) u = u->next;
  return u != NULL;
}

static int upsertBind(Compile *c, Env *v, u32 src, i64 col, u8 type,
    u16 reg) {
  Expr *e = snAstNew(c->p, EX_COLUMN, 0);
  if (!e) return c->p->rc;
  e->src = src;
  e->i = col;
  e->type = type;
  return snEnvBind(c, v, e, reg);
}

static int upsertPlan(Compile *c, const Stmt *s, UpsertRef *u) {
  int rc = snPlanTable(c, s->name, s->alias, &u->plan);
  if (rc) return rc;
  Plan *p = u->plan;
  Expr **where = &p->s->where;
  Source *src = snArenaZero(c->arena, 3 * sizeof *src);
  if (!src) return SN_NOMEM;
  src[0] = src[1] = p->src[0];
  src[1].alias = "excluded";
  src[1].named = true;
  p->src = src;
  p->nsrc = 2;
  *where = u->where;
  rc = snResolve(c, p, where, 0);
  if (!rc && *where) rc = snResolveBool(c, where);
  return rc ? rc : snStmtSets(c, p, src->table, u->sets);
}

int snUpsertPlan(Compile *c, const Stmt *s) {
  int rc = SEINE_OK;
  for (UpsertRef *u = s->upsert; !rc && u; u = u->next)
    if (u->sets) rc = upsertPlan(c, s, u);
  return rc;
}

/* What stands in the way of the rows of sel: all of its columns. */
static int upsertStored(Compile *c, Env *v, const InsertDef *d, u16 ref,
    InsertDef *to) {
  const Table *t = d->table;
  int rc = SEINE_OK;
  for (u32 k = 0; !rc && k <= t->ncol; k++) {
    bool is_rowid = k == t->ncol;
    u8 type = is_rowid ? TYPE_INTEGER : t->col[k].type;
    i64 col = is_rowid ? (i64)ROWID_COLUMN : (i64)k;
    u16 reg = snProgReg(c->prog, type);
    u32 at = snCodeAdd(c, OP_Stored, v->sel, reg, ref, NO_REG);
    Instr *i = snProgAt(c->prog, at);
    i->k = col;
    i->p = d;
    i->note = is_rowid ? "rowid" : snArenaDup(&c->prog->arena,
        t->col[k].name, strlen(t->col[k].name));
    if (is_rowid) to->rowid = reg;
    else to->reg[k] = reg;
    rc = upsertBind(c, v, 0, col, type, reg);
  }
  return rc;
}

/* Of `excluded`: it was not inserted, so d->ids says nothing about it. */
static int upsertGiven(Compile *c, Env *v, InsertDef *d) {
  Env given;
  u16 ids = d->ids;
  int rc = snEnvInit(c, &given, v->plan, v->sel);
  d->ids = NO_REG;
  if (!rc) rc = snCodeRow(c, &given, d);
  d->ids = ids;
  for (u32 k = 0; !rc && k < given.n; k++)
    rc = upsertBind(c, v, 1, given.bind[k].e->i, given.bind[k].e->type,
        given.bind[k].reg);
  return rc;
}

static int upsertUpdate(Compile *c, Env *v, const ExprList *sets,
    InsertDef *to) {
  const Table *t = to->table;
  const Expr *where = v->plan->s->where;
  int rc = SEINE_OK;
  u16 reg;
  if (where) rc = snCodeExpr(c, v, where, &reg);
  if (!rc && where) snCodeAdd(c, OP_Select, v->sel, NO_REG, reg, NO_REG);
  for (u32 k = 0; !rc && k < sets->n; k++) {
    const ExprItem *it = sets->v + k;
    int col = snTableColumn(t, it->alias, strlen(it->alias));
    rc = snStmtSetValue(c, v, t->col + col, it->e, &to->reg[col]);
  }
  if (to->alias >= 0) to->rowid = to->reg[to->alias];
  return rc;
}

/* The rows of sel, for which u is, of which old has the references. */
static int upsertClause(Compile *c, const UpsertRef *u, u16 sel, u16 old,
    InsertDef *d, Returning *t) {
  InsertDef *to = snStmtInsertDef(c, d->table);
  Env v;
  if (!to) return SN_NOMEM;
  to->update = true;
  to->old = old;
  if (t) to->ids = snProgReg(c->prog, TYPE_INTEGER);
  int rc = snEnvInit(c, &v, u->plan, sel);
  if (!rc) rc = upsertStored(c, &v, d, old, to);
  if (!rc) rc = upsertGiven(c, &v, d);
  if (!rc) rc = upsertUpdate(c, &v, u->sets, to);
  if (!rc) rc = snCodePut(c, sel, to);
  return rc ? rc : snUpsertReturnRow(c, t, sel, to);
}

int snUpsertRow(Compile *c, const Stmt *s, u16 sel, InsertDef *d,
    Returning *t) {
  UpsertDef *def = snCodeAlloc(c, sizeof *def);
  u16 *update = snCodeAlloc(c, d->nclause * sizeof *update), *at = update;
  int rc = def && update ? snCodeChecks(c, sel, d) : SN_NOMEM;
  if (rc) return rc;
  u16 old = snProgReg(c->prog, TYPE_INTEGER);
  for (const UpsertRef *u = s->upsert; u; u = u->next)
    *at++ = u->sets ? snProgSel(c->prog) : NO_REG;
  *def = (UpsertDef){d, update, snProgSel(c->prog)};
  u32 next = snCodeAdd(c, OP_Upsert, sel, old, NO_REG, NO_REG);
  snProgAt(c->prog, next)->p = def;
  snProgAt(c->prog, next)->note = d->name;
  rc = snUpsertReturnRow(c, t, def->inserted, d);
  for (const UpsertRef *u = s->upsert; !rc && u; u = u->next, update++)
    if (u->sets) rc = upsertClause(c, u, *update, old, d, t);
  snCodeLoop(c, next);
  return rc;
}

/* ---- joins -------------------------------------------------------------- */

static int upsertColumn(Compile *c, ExprList *l, i64 col, u8 type) {
  Expr *e = snAstNew(c->p, EX_COLUMN, 0);
  if (!e) return c->p->rc;
  e->i = col;
  e->type = type;
  if (snAstList(c->p, l, e)) l->v[l->n - 1].alias = "";
  return c->p->rc;
}

int snUpsertJoin(Compile *c, const Stmt *s, ExprList *cols, Plan **out) {
  TableState *t;
  Select *sel = snAstSelect(c->p, s->name.at);
  From *from = snArenaZero(c->arena, sizeof *from);
  ExprList *all = snArenaZero(c->arena, sizeof *all);
  *out = NULL;
  if (!sel || !from || !all) return SN_NOMEM;
  int rc = snResolveTable(c, s->name, &t);
  if (rc) return rc;
  from->name = s->name;
  from->alias = s->alias ? s->alias : snAstText(c->p, s->name);
  from->next = s->from;
  for (u32 k = 0; cols && k < cols->n; k++) {
    if (!snAstList(c->p, all, cols->v[k].e)) return c->p->rc;
    all->v[all->n - 1].alias = "";
  }
  for (u32 k = 0; !rc && k < t->table->ncol; k++)
    rc = upsertColumn(c, all, k, t->table->col[k].type);
  if (!rc) rc = upsertColumn(c, all, ROWID_COLUMN, TYPE_INTEGER);
  if (!rc) rc = upsertColumn(c, all, REF_COLUMN, TYPE_INTEGER);
  if (rc) return rc;
  sel->from = from;
  sel->where = s->where;
  sel->cols = all;
  rc = snPlanSelect(c, NULL, sel, out);
  if (rc) return rc;
  for (u32 k = 0; cols && k < cols->n; k++) cols->v[k].e = (*out)->out[k].e;
  if ((*out)->grouped || (*out)->win.n)
    return snParseError(c->p, s->name.at, "an aggregate or a window cannot "
        "stand in SET: compute it in a sub-select of FROM");
  return SEINE_OK;
}

int snUpsertRef(Compile *c, Env *v, u16 *reg) {
  Expr *e = snAstNew(c->p, EX_COLUMN, 0);
  if (!e) return c->p->rc;
  e->i = REF_COLUMN;
  e->type = TYPE_INTEGER;
  return snCodeExpr(c, v, e, reg);
}
