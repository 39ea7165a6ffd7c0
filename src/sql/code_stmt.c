/*
** code_stmt: statements: SELECT at the top, rows in and out of tables, the
** schema, pragmas, transactions.
*/
#include "sql/plan.h"

/* ---- select ------------------------------------------------------------- */

int snStmtResult(Compile *c, u16 sel, const u16 *reg, u32 n,
    void *arg) {
  RegList *l = snCodeAlloc(c, sizeof *l + (n + 1) * sizeof(u16));
  (void)arg;
  if (!l) return SN_NOMEM;
  l->n = n;
  memcpy(l->reg, reg, n * sizeof(u16));
  u32 at = snCodeAdd(c, OP_Result, sel, NO_REG, NO_REG, NO_REG);
  snProgAt(c->prog, at)->p = l;
  return c->prog->rc;
}

int snStmtColumns(Compile *c, u32 n) {
  Program *p = c->prog;
  p->ncol = n;
  p->col_name = snCodeAlloc(c, (n + 1) * sizeof *p->col_name);
  p->col_type = snCodeAlloc(c, n + 1);
  return p->col_name && p->col_type ? SEINE_OK : SN_NOMEM;
}

static int stmtSelect(Compile *c, Select *s) {
  Plan *p;
  int rc = snPlanSelect(c, NULL, s, &p);
  if (!rc) rc = snStmtColumns(c, p->nout);
  for (u32 k = 0; !rc && k < p->nout; k++) {
    c->prog->col_name[k] = snArenaDup(&c->prog->arena, p->out[k].name,
        strlen(p->out[k].name));
    c->prog->col_type[k] = p->out[k].e->type;
    if (!c->prog->col_name[k]) rc = SN_NOMEM;
  }
  return rc ? rc : snCodeSelect(c, p, snStmtResult, NULL);
}

static int stmtDescribe(Compile *c, const Stmt *s) {
  Select *sel;
  int rc = snDescribe(c, s, &sel);
  return rc ? rc : stmtSelect(c, sel);
}

/* ---- insert ------------------------------------------------------------- */

/* A text constant that is no value of the column's type is an error; what
** comes from rows is checked as it arrives, by the same rule. */
typedef struct StmtInsert {
  InsertDef *def;
  const Table *table;
  u32 *col;          /* column of the table by column of the select */
  u8 *from;          /* types that the select gives */
  u32 ncol;
  const Stmt *s;
  Returning *ret;
  Expr **computed;   /* by column: its DEFAULT, when that is no constant; NULL:
                     ** nothing is left out */
} StmtInsert;

/* What is left out and computed, row by row. */
static int stmtComputed(Compile *c, const StmtInsert *a, u16 sel,
    InsertDef *d) {
  Env v;
  int rc = snEnvInit(c, &v, NULL, sel);
  for (u32 k = 0; !rc && a->computed && k < a->table->ncol; k++)
    if (a->computed[k]) rc = snCodeExpr(c, &v, a->computed[k], &d->reg[k]);
  return rc;
}

static int stmtInsertRow(Compile *c, u16 sel, const u16 *reg, u32 n,
    void *arg) {
  StmtInsert *a = arg;
  const Table *t = a->table;
  size_t size = sizeof(InsertDef) + (t->ncol + 1) * sizeof(u16);
  InsertDef *d = snCodeAlloc(c, size);
  if (!d) return SN_NOMEM;
  memcpy(d, a->def, size);
  for (u32 k = 0; k < n; k++) {
    u8 type = t->col[a->col[k]].type;
    u16 r = reg[k];
    if (a->from[k] != type) {
      u16 to = snProgReg(c->prog, type);
      u32 at = snCodeAdd(c, OP_Cast, sel, to, r, NO_REG);
      snProgAt(c->prog, at)->flag = 1; /* what does not fit is an error */
      snProgAt(c->prog, at)->note = snArenaDup(&c->prog->arena,
          t->col[a->col[k]].name, strlen(t->col[a->col[k]].name));
      r = to;
    }
    d->reg[a->col[k]] = r;
  }
  int rc = stmtComputed(c, a, sel, d);
  if (rc) return rc;
  if (snUpsertUpdates(a->s)) return snUpsertRow(c, a->s, sel, d, a->ret);
  rc = snCodePut(c, sel, d);
  return rc ? rc : snUpsertReturnRow(c, a->ret, sel, d);
}

static bool stmtIsPlain(void *arg, Expr **at) {
  if ((*at)->select) *(bool *)arg = false;
  return true;
}

/* A value as its column has it: what does not fit is refused, but a cast that
** was written has made it NULL. */
static int stmtFit(Compile *c, Expr **e, u8 type) {
  const Expr *given = *e;
  int rc = snResolveCast(c, e, type);
  if (!rc && *e != given) (*e)->negate = true; /* a strict cast */
  return rc;
}

/* The default of a column, parsed as an expression: places of errors are in a
** text of its own, so none is told.  As with VALUES, what does not fit is
** refused when a row is written. */
static int stmtDefault(Compile *c, const Column *col, Expr **out) {
  Parse p = {.arena = c->arena, .session = c->session, .err = c->err};
  size_t n = strlen(col->default_sql) + 8;
  char *text = snArenaAlloc(c->arena, n);
  u32 end;
  if (!text) return SN_NOMEM;
  p.n = (u32)snprintf(text, n, "SELECT %s", col->default_sql);
  p.sql = text;
  int rc = snFeed(&p, &end);
  snMemFree(p.param);
  Expr *e = !rc && p.stmt.select ? p.stmt.select->cols->v[0].e : NULL;
  if (!rc && !e) rc = SEINE_ERROR;
  bool plain = !p.nparam;
  if (!rc) snAstWalk(&e, stmtIsPlain, &plain);
  if (!rc && !plain)
    rc = snParseError(c->p, 0, "the DEFAULT of %s has a parameter or a "
        "sub-query: it is an expression of constants and functions",
        col->name);
  if (!rc) rc = snResolve(c, NULL, &e, 0);
  if (!rc) rc = stmtFit(c, &e, col->type);
  if (rc) c->err->offset = -1;
  *out = e;
  return rc;
}

/* Of a column that is left out: a register, or to be computed. */
static int stmtLeftOut(Compile *c, StmtInsert *a, u32 col) {
  Expr *e;
  int rc = stmtDefault(c, a->table->col + col, &e);
  if (rc) return rc;
  if (snResolveConst(e)) return snCodeConst(c, e, &a->def->reg[col]);
  a->computed[col] = e;
  return SEINE_OK;
}

InsertDef *snStmtInsertDef(Compile *c, const Table *t) {
  InsertDef *d = snCodeAlloc(c, sizeof *d + (t->ncol + 1) * sizeof(u16));
  if (!d) return NULL;
  d->name = snArenaDup(&c->prog->arena, t->name, strlen(t->name));
  d->table = t;
  d->rowid = d->ids = d->old = d->cursor = NO_REG;
  d->alias = snConstraintRowidColumn(t);
  for (u32 k = 0; k < t->ncol; k++) d->reg[k] = NO_REG;
  return d->name ? d : NULL;
}

static int stmtNoColumn(Compile *c, const Table *t, const char *name,
    u32 at) {
  Nearest near;
  snNearestInit(&near, name);
  for (u32 i = 0; i < t->ncol; i++) snNearestAdd(&near, t->col[i].name);
  snNearestHint(&near, c->err);
  return snParseError(c->p, at, "table %s has no column named %s", t->name,
      name);
}

static int stmtInsertColumns(Compile *c, StmtInsert *a, const Stmt *s,
    u32 given) {
  const Table *t = a->table;
  u32 n = 0;
  a->col = snArenaZero(c->arena, (t->ncol + given + 1) * sizeof *a->col);
  a->from = snArenaZero(c->arena, given + 1);
  if (!a->col || !a->from) return SN_NOMEM;
  /* A file has all columns: of generated ones what it says does not count. */
  bool file = s->select->from && s->select->from->into.n;
  for (u32 k = 0; k < t->ncol; k++)
    if (file || !snTableGenerated(t->col + k)) a->col[n++] = k;
  if (s->cols) n = s->cols->n;
  if (given != n)
    return snParseError(c->p, s->name.at, "table %s: %u columns are named "
        "or expected and %u values given", t->name, n, given);
  for (u32 k = 0; k < n; k++) {
    if (!s->cols) break;
    const Expr *e = s->cols->v[k].e;
    int col = snTableColumn(t, e->text, e->len);
    if (col < 0) return stmtNoColumn(c, t, e->text, e->at);
    if (snTableGenerated(t->col + col))
      return snParseError(c->p, e->at, "cannot INSERT into generated column "
          "%s: leave it out, it is computed", e->text);
    for (u32 i = 0; i < k; i++)
      if (a->col[i] == (u32)col)
        return snParseError(c->p, e->at, "column %s is named twice",
            e->text);
    a->col[k] = (u32)col;
  }
  a->ncol = n;
  return SEINE_OK;
}

/* BY NAME: the columns are those that the select has. */
static int stmtByName(Compile *c, Stmt *s, const Plan *p) {
  if (s->select->nrows)
    return snParseError(c->p, s->select->at, "the values of VALUES have no "
        "names: INSERT BY NAME takes a SELECT");
  for (u32 k = 0; k < p->nout; k++) {
    Expr *e = snAstNew(c->p, EX_NAME, p->out[k].e->at);
    if (!e) return c->p->rc;
    e->text = p->out[k].name;
    e->len = (u32)strlen(e->text);
    s->cols = snAstList(c->p, s->cols, e);
  }
  return c->p->rc;
}

/* Who may replace rows may delete them. */
static int stmtInsertGuard(Compile *c, const Stmt *s, const char *table) {
  u32 at = s->name.at;
  int rc = snGuard(c, at, SEINE_AUTH_INSERT, table, NULL);
  if (!rc && s->on == ON_REPLACE)
    rc = snGuard(c, at, SEINE_AUTH_DELETE, table, NULL);
  return rc;
}

static int stmtColumnsGuard(Compile *c, const Stmt *s, const char *table) {
  int rc = SEINE_OK;
  for (u32 k = 0; !rc && s->cols && k < s->cols->n; k++)
    rc = snGuard(c, s->cols->v[k].e->at, SEINE_AUTH_INSERT, table,
        s->cols->v[k].e->text);
  return rc;
}

static int stmtInsert(Compile *c, Stmt *s) {
  TableState *t;
  Plan *p;
  StmtInsert a = {0};
  int rc = snResolveTable(c, s->name, &t);
  if (!rc) rc = stmtInsertGuard(c, s, t->table->name);
  if (rc) return rc;
  rc = snPlanSelect(c, NULL, s->select, &p);
  if (rc) return rc;
  c->home = snArenaZero(c->arena, sizeof *c->home);
  if (!c->home) return SN_NOMEM;
  c->prog->writes = true;
  a.table = t->table;
  a.def = snStmtInsertDef(c, t->table);
  a.computed = snArenaZero(c->arena,
      (t->table->ncol + 1ull) * sizeof *a.computed);
  if (!a.def || !a.computed) return SN_NOMEM;
  a.s = s;
  a.def->on = a.def->on_key = s->on;
  a.def->bulk = s->select->nrows == 0 && s->on == ON_ABORT && !s->upsert;
  rc = snProgKeep(c->prog, t->table);
  if (!rc) rc = snUpsertTarget(c, s, a.def);
  if (!rc) rc = snUpsertPlan(c, s);
  if (!rc) rc = snUpsertReturnNew(c, s, &a.ret);
  if (!rc && a.ret) a.def->ids = snProgReg(c->prog, TYPE_INTEGER);
  if (!rc && s->by_name) rc = stmtByName(c, s, p);
  if (!rc) rc = stmtColumnsGuard(c, s, t->table->name);
  if (!rc) rc = stmtInsertColumns(c, &a, s, p->nout);
  for (u32 k = 0; !rc && k < t->table->ncol; k++) {
    bool named = false;
    for (u32 i = 0; i < a.ncol; i++) named |= a.col[i] == k;
    const Column *col = t->table->col + k;
    if (!named && col->default_sql && !snTableGenerated(col))
      rc = stmtLeftOut(c, &a, k);
  }
  for (u32 k = 0; !rc && k < p->nout; k++) {
    u8 type = t->table->col[a.col[k]].type;
    for (u32 r = 0; !rc && r < s->select->nrows; r++) {
      Expr **e = &s->select->rows[r]->v[k].e;
      rc = stmtFit(c, e, type);
    }
    if (s->select->nrows) p->out[k].e->type = type;
    a.from[k] = p->out[k].e->type;
  }
  if (!rc) rc = snCodeSubs(c, c->home);
  if (!rc) rc = snCodeSelect(c, p, stmtInsertRow, &a);
  return rc ? rc : snUpsertReturnEnd(c, a.ret);
}

/* ---- update, delete ----------------------------------------------------- */

static int stmtDeleteRow(Compile *c, Env *v, void *arg) {
  (void)arg;
  snCodeAdd(c, OP_Delete, v->sel, NO_REG, v->plan->src[0].cursor, NO_REG);
  return c->prog->rc;
}

/* Inserts the rows of v, whose other columns and rowid stay. */
static int stmtAgain(Compile *c, Env *v, InsertDef *d) {
  const Table *t = d->table;
  int rc = SEINE_OK;
  for (u32 k = 0; !rc && k <= t->ncol; k++) {
    Expr *e = snAstNew(c->p, EX_COLUMN, 0);
    if (!e) return c->p->rc;
    e->i = k < t->ncol ? (i64)k : (i64)ROWID_COLUMN;
    e->type = k < t->ncol ? t->col[k].type : TYPE_INTEGER;
    if (k == t->ncol && d->alias >= 0) d->rowid = d->reg[d->alias];
    else if (k == t->ncol) rc = snCodeExpr(c, v, e, &d->rowid);
    else if (d->reg[k] == NO_REG && !snTableGenerated(t->col + k))
      rc = snCodeExpr(c, v, e, &d->reg[k]);
  }
  return rc ? rc : snCodePut(c, v->sel, d);
}

typedef struct StmtSet {
  InsertDef *insert;
  ExprList *sets;
  UpdateDef *patch;  /* columns of numbers alone; else NULL */
  Returning *ret;
  bool refs;         /* Insert itself deletes the rows of before */
} StmtSet;

/* The new value of a column, of its type. */
int snStmtSetValue(Compile *c, Env *v, const Column *col, const Expr *e,
    u16 *reg) {
  int rc = snCodeExpr(c, v, e, reg);
  if (rc || e->type == col->type) return rc;
  u16 to = snProgReg(c->prog, col->type);
  u32 at = snCodeAdd(c, OP_Cast, v->sel, to, *reg, NO_REG);
  snProgAt(c->prog, at)->flag = 1;
  snProgAt(c->prog, at)->note = snArenaDup(&c->prog->arena, col->name,
      strlen(col->name));
  *reg = to;
  return SEINE_OK;
}

/* "t: a, b": what EXPLAIN says of columns that are written again. */
static const char *stmtPatchNote(Compile *c, const UpdateDef *d) {
  Buf b;
  snBufInit(&b, c->arena->budget);
  snBufPrintf(&b, "%s: ", d->table->name);
  for (u32 k = 0; k < d->n; k++)
    snBufPrintf(&b, "%s%s", k ? ", " : "", d->table->col[d->col[k]].name);
  const char *text = snBufText(&b);
  char *out = snArenaDup(&c->prog->arena, text, strlen(text));
  snBufClear(&b);
  return out;
}

static int stmtSetRow(Compile *c, Env *v, void *arg) {
  StmtSet *u = arg;
  const Table *t = u->insert->table;
  UpdateDef *d = u->patch;
  for (u32 k = 0; k < u->sets->n; k++) {
    int col = snTableColumn(t, u->sets->v[k].alias,
        strlen(u->sets->v[k].alias));
    u16 reg;
    int rc = snStmtSetValue(c, v, t->col + col, u->sets->v[k].e, &reg);
    if (rc) return rc;
    if (d) d->reg[k] = reg;
    else u->insert->reg[col] = reg;
  }
  if (!d) {
    u->insert->cursor = v->plan->src[0].cursor;
    int rc = u->refs ? snUpsertRef(c, v, &u->insert->old)
                     : stmtDeleteRow(c, v, NULL);
    if (!rc) rc = stmtAgain(c, v, u->insert);
    return rc ? rc : snUpsertReturnRow(c, u->ret, v->sel, u->insert);
  }
  u32 at = snCodeAdd(c, OP_Update, v->sel, NO_REG, v->plan->src[0].cursor,
      NO_REG);
  snProgAt(c->prog, at)->p = d;
  snProgAt(c->prog, at)->note = stmtPatchNote(c, d);
  return c->prog->rc;
}

/* Whether no text, list or dictionary is touched: then a definition. */
static int stmtPatch(Compile *c, const Table *t, const ExprList *sets,
    UpdateDef **out) {
  UpdateDef *d = snCodeAlloc(c, sizeof *d);
  *out = NULL;
  if (!d) return SN_NOMEM;
  d->table = t;
  d->n = sets->n;
  d->col = snCodeAlloc(c, (sets->n + 1) * sizeof *d->col);
  d->reg = snCodeAlloc(c, (sets->n + 1) * sizeof *d->reg);
  d->again = snCodeAlloc(c, (sets->n + 1) * sizeof *d->again);
  if (!d->col || !d->reg || !d->again) return SN_NOMEM;
  for (u32 k = 0; k < sets->n; k++) {
    const char *name = sets->v[k].alias;
    d->col[k] = (u32)snTableColumn(t, name, strlen(name));
    if (snTypeForm(t->col[d->col[k]].type) == FORM_STR || t->ncheck ||
        snConstraintHas(t, t->col[d->col[k]].id) ||
        snCodeGenerated(t, t->col[d->col[k]].name))
      return SEINE_OK;
  }
  *out = d;
  return SEINE_OK;
}

/* The loop over rows that are inserted anew, since they are few. */
static int stmtMoved(Compile *c, Plan *p, StmtSet *u) {
  const UpdateDef *d = u->patch;
  u16 ref = snProgReg(c->prog, TYPE_INTEGER);
  Env v;
  int rc = snEnvInit(c, &v, p, snProgSel(c->prog));
  if (rc) return rc;
  v.mode[0] = SRC_REF;
  v.ref[0] = ref;
  u32 next = snCodeAdd(c, OP_Moved, v.sel, ref, p->src[0].cursor, NO_REG);
  snProgAt(c->prog, next)->p = d;
  for (u32 k = 0; k < d->n; k++) {
    u8 type = d->table->col[d->col[k]].type;
    u->insert->reg[d->col[k]] = d->again[k] = snProgReg(c->prog, type);
  }
  rc = stmtAgain(c, &v, u->insert);
  snCodeLoop(c, next);
  return rc ? rc : c->prog->rc;
}

/* Names of the columns, checked, and their new values resolved. */
int snStmtSets(Compile *c, Plan *p, const Table *t, ExprList *sets) {
  int rc = SEINE_OK;
  for (u32 k = 0; !rc && k < sets->n; k++) {
    ExprItem *it = sets->v + k;
    int col = snTableColumn(t, it->alias, strlen(it->alias));
    if (col < 0) return stmtNoColumn(c, t, it->alias, it->from);
    if (snTableGenerated(t->col + col))
      return snParseError(c->p, it->from, "cannot UPDATE generated column %s: "
          "set what it is computed from", it->alias);
    for (u32 i = 0; i < k; i++)
      if (snAsciiEq(sets->v[i].alias, strlen(sets->v[i].alias), it->alias,
              strlen(it->alias)))
        return snParseError(c->p, it->from, "column %s is set twice",
            it->alias);
    rc = snGuard(c, it->from, SEINE_AUTH_UPDATE, t->name, t->col[col].name);
    if (!rc) rc = snResolve(c, p, &it->e, 0);
    if (!rc && snResolveConst(it->e))
      rc = stmtFit(c, &it->e, t->col[col].type);
    if (!rc && it->e->type == TYPE_NULL) it->e->type = t->col[col].type;
  }
  return rc;
}

static int stmtUpdate(Compile *c, Stmt *s) {
  Plan *p;
  StmtSet u = {.refs = s->from || s->on != ON_ABORT};
  int rc = s->from ? snUpsertJoin(c, s, s->cols, &p)
                   : snPlanTable(c, s->name, s->alias, &p);
  if (!rc) rc = snPlanIndexed(c, p->src[0].table, s->index);
  if (!rc) c->home = p;
  if (!rc && !s->from) rc = snPlanWhere(c, p, s->where);
  if (rc) return rc;
  const Table *t = p->src[0].table;
  c->prog->writes = true;
  u.insert = snStmtInsertDef(c, t);
  if (!u.insert) return SN_NOMEM;
  if (s->on == ON_REPLACE &&
      snGuard(c, s->name.at, SEINE_AUTH_DELETE, t->name, NULL))
    return c->p->rc;
  u.insert->update = true;
  u.insert->on = u.insert->on_key = s->on;
  u.insert->later = s->on == ON_ABORT;
  u.insert->marked = u.refs && (u.insert->later || !snConstraintAny(t));
  u.sets = s->cols;
  rc = snStmtSets(c, p, t, u.sets);
  if (!rc) rc = snUpsertReturnNew(c, s, &u.ret);
  if (!rc && u.ret) u.insert->ids = snProgReg(c->prog, TYPE_INTEGER);
  if (!rc && !u.refs && !u.ret) rc = stmtPatch(c, t, u.sets, &u.patch);
  if (!rc) rc = snCodeSubs(c, p);
  if (!rc) rc = snCodeFrom(c, p, stmtSetRow, &u);
  if (!rc && u.patch) rc = stmtMoved(c, p, &u);
  return rc ? rc : snUpsertReturnEnd(c, u.ret);
}

typedef struct StmtGone { const Stmt *s; Returning *ret; } StmtGone;

static int stmtGoneRow(Compile *c, Env *v, void *arg) {
  StmtGone *g = arg;
  u16 ref = NO_REG;
  int rc = g->s->from ? snUpsertRef(c, v, &ref) : SEINE_OK;
  if (rc) return rc;
  snCodeAdd(c, OP_Delete, v->sel, NO_REG, v->plan->src[0].cursor, ref);
  return g->ret ? snUpsertReturnEnv(c, g->ret, v) : c->prog->rc;
}

static int stmtDelete(Compile *c, Stmt *s) {
  Plan *p;
  StmtGone g = {.s = s};
  int rc = s->from ? snUpsertJoin(c, s, NULL, &p)
                   : snPlanTable(c, s->name, s->alias, &p);
  if (!rc) rc = snPlanIndexed(c, p->src[0].table, s->index);
  if (!rc) c->home = p;
  if (!rc && !s->from) rc = snPlanWhere(c, p, s->where);
  if (!rc)
    rc = snGuard(c, s->name.at, SEINE_AUTH_DELETE, p->src[0].table->name,
        NULL);
  if (!rc) rc = snUpsertReturnNew(c, s, &g.ret);
  if (rc) return rc;
  c->prog->writes = true;
  rc = snCodeSubs(c, p);
  if (!rc) rc = snCodeFrom(c, p, stmtGoneRow, &g);
  return rc ? rc : snUpsertReturnEnd(c, g.ret);
}

/* ---- schema ------------------------------------------------------------- */

static const char *stmtDup(Compile *c, const char *s) {
  return s ? snArenaDup(&c->prog->arena, s, strlen(s)) : NULL;
}

static int stmtDdlOne(Compile *c, const DdlDef *from) {
  DdlDef *d = snCodeAlloc(c, sizeof *d);
  if (!d) return SN_NOMEM;
  *d = *from;
  d->name = stmtDup(c, from->name);
  d->to = stmtDup(c, from->to);
  d->col = snCodeAlloc(c, (from->ncol + 1) * sizeof *d->col);
  if (!d->col) return SN_NOMEM;
  for (u32 k = 0; k < from->ncol; k++) {
    d->col[k] = from->col[k];
    d->col[k].name = stmtDup(c, from->col[k].name);
    d->col[k].analyzer = stmtDup(c, from->col[k].analyzer);
    d->col[k].search = stmtDup(c, from->col[k].search);
    d->col[k].default_sql = stmtDup(c, from->col[k].default_sql);
  }
  if (!from->ncol) d->col = NULL;
  int rc = snCodeKeysCopy(c, d);
  if (rc) return rc;
  u32 at = snCodeAdd(c, OP_Ddl, NO_REG, NO_REG, NO_REG, NO_REG);
  snProgAt(c->prog, at)->p = d;
  snProgAt(c->prog, at)->note = d->name;
  return c->prog->rc;
}

/* The text of a chain; what is wrong with it is told at its place. */
static int stmtChain(Compile *c, const ExprList *parts, Buf *out) {
  ChainError err;
  for (u32 i = 0; i < parts->n; i++) {
    const Expr *part = parts->v[i].e;
    if (i) snBufStr(out, ", ");
    snBufAdd(out, part->text, part->len);
    for (u32 k = 0; part->list && k < part->list->n; k++) {
      const Expr *arg = part->list->v[k].e;
      snBufStr(out, k ? ", " : "(");
      if (arg->kind == EX_STR) snBufSqlText(out, arg->text, arg->len);
      else snBufPrintf(out, "%lld", (long long)arg->i);
    }
    if (part->list) snBufByte(out, ')');
  }
  const char *text = snBufText(out);
  if (out->rc) return out->rc;
  int rc = snSessionChain(c->session, text, &err);
  if (rc != SEINE_ERROR) return rc;
  snprintf(c->err->hint, sizeof c->err->hint, "%s", err.hint);
  u32 part = SN_MIN(err.part, parts->n - 1);
  return snParseError(c->p, parts->v[part].e->at, "%s", err.message);
}

static int stmtNoAnalyzer(Compile *c, const char *name, u32 at) {
  Nearest near;
  const char *have;
  snNearestInit(&near, name);
  for (u32 k = 0; (have = snSessionAnalyzer(c->session, k)); k++)
    snNearestAdd(&near, have);
  snNearestHint(&near, c->err);
  return snParseError(c->p, at, "no such analyzer: %s (PRAGMA analyzers "
      "lists them)", name);
}

/* "query(articles)": the texts of the column are queries over that table. */
static bool stmtIsQueries(const AnalyzerRef *r) {
  Column c = {.analyzer = r->name};
  size_t n;
  return r->name && snTableTarget(&c, &n);
}

static int stmtQueries(Compile *c, const Stmt *s, const AnalyzerRef *r,
    Buf *out) {
  Column *col = s->ddl.col + r->col, by = {.analyzer = r->name};
  TableState *t = NULL;
  size_t n;
  const char *name = snTableTarget(&by, &n);
  if (col->type != TYPE_TEXT || r->search || col->search)
    return snParseError(c->p, r->at, "column %s: queries are kept in TEXT, "
        "not in arrays, and have no SEARCH ANALYZER", col->name);
  if (snAsciiEq(name, n, s->ddl.name, strlen(s->ddl.name)))
    return snParseError(c->p, r->at, "column %s: a table cannot hold queries "
        "over itself: put them into a table of their own", col->name);
  int rc = snSessionFind(c->session, name, n, &t);
  if (!rc && !t)
    return snParseError(c->p, r->at, "column %s: no such table: %.*s (create "
        "it before the queries over it)", col->name, (int)SN_MIN(n, 100u),
        name);
  if (!rc) snBufPrintf(out, "query(%s)", t->table->name);
  return rc;
}

/* A column keeps the chain itself: see Column. */
static int stmtAnalyzers(Compile *c, const Stmt *s) {
  int rc = SEINE_OK;
  for (const AnalyzerRef *r = s->analyzer; !rc && r; r = r->next) {
    Column *col = s->ddl.col + r->col;
    const char **at = r->search ? &col->search : &col->analyzer;
    Buf text, chain;
    snBufInit(&text, c->arena->budget);
    snBufInit(&chain, c->arena->budget);
    if ((col->type & ~TYPE_ARRAY) != TYPE_TEXT)
      rc = snParseError(c->p, r->at, "column %s: ANALYZER is for TEXT only",
          col->name);
    else if (*at)
      rc = snParseError(c->p, r->at, "column %s has two analyzers",
          col->name);
    else if (stmtIsQueries(r))
      rc = stmtQueries(c, s, r, &text);
    else if (r->name)
      rc = snSessionAnalyzerText(c->session, r->name, &text);
    else rc = stmtChain(c, r->chain, &chain);
    if (!rc && !r->name) snBufPrintf(&text, "(%s)", snBufText(&chain));
    if (rc == SEINE_ERROR && r->name && !c->p->rc)
      rc = stmtNoAnalyzer(c, r->name, r->at);
    if (!rc) *at = snBufDup(&text, c->arena);
    if (!rc && (chain.rc || !*at)) rc = SN_NOMEM;
    snBufClear(&text);
    snBufClear(&chain);
  }
  return rc;
}

static int stmtCheckColumns(Compile *c, const Stmt *s) {
  const DdlDef *d = &s->ddl;
  int rc = stmtAnalyzers(c, s);
  if (!rc && snPlanTooWide(c, d->ncol, s->name.at)) rc = c->p->rc;
  if (rc) return rc;
  for (u32 k = 0; k < d->ncol; k++) {
    Column *col = d->col + k;
    if ((col->type & ~TYPE_ARRAY) == TYPE_TEXT && !col->analyzer)
      col->analyzer = "standard";
    if (col->default_sql && !snTableGenerated(col)) {
      Expr *e;
      rc = stmtDefault(c, col, &e);
      if (rc) return rc;
    }
    if (d->kind == DDL_ADD_COLUMN && col->not_null)
      return snParseError(c->p, 0, "a column that is added cannot be NOT "
          "NULL: the rows that are there have no value");
    if (d->kind == DDL_ADD_COLUMN && snTableGenerated(col))
      return snParseError(c->p, 0, "a column that is added cannot be "
          "generated: the rows that are there have no value");
  }
  return SEINE_OK;
}

/* Names of analyzers stand bare before chains: nm(standard). */
static bool stmtAnalyzerName(const char *s) {
  size_t n = strlen(s);
  for (size_t i = 0; i < n; i++) {
    u8 c = (u8)s[i];
    bool digit = c >= '0' && c <= '9';
    bool letter = (u8)((c | 0x20) - 'a') < 26 || c == '_' || c >= 0x80;
    if (!letter && !(digit && i)) return false;
  }
  return n && n <= 64;
}

static int stmtObject(Compile *c, Stmt *s) {
  const char *name = s->ddl.name;
  int rc = SEINE_OK;
  Buf chain;
  if (s->ddl.kind != DDL_CREATE_OBJECT) return SEINE_OK;
  if (s->ddl.object == OBJECT_VIEW) return snViewCheck(c, s);
  if (!stmtAnalyzerName(name))
    return snParseError(c->p, s->name.at, "the name of an analyzer has 1 to "
        "64 letters, digits and _, a letter first");
  if (snAsciiEq(name, strlen(name), "query", 5))
    return snParseError(c->p, s->name.at, "query(table) says that a column "
        "holds queries: take another name");
  snBufInit(&chain, c->arena->budget);
  rc = snSessionAnalyzerText(c->session, name, &chain);
  if (!rc && !memchr(chain.data, '(', chain.n))
    rc = snParseError(c->p, s->name.at, "%s is a built-in analyzer: take "
        "another name", name);
  else if (rc == SEINE_ERROR) rc = SEINE_OK;
  chain.n = 0;
  if (!rc) rc = stmtChain(c, s->chain, &chain);
  if (!rc) s->ddl.to = snBufDup(&chain, c->arena);
  if (!rc && !s->ddl.to) rc = SN_NOMEM;
  snBufClear(&chain);
  return rc;
}

/* ---- create table as ---------------------------------------------------- */

/* The column of a table whose values a column of a plan has; or NULL. */
static const Column *stmtOrigin(const Plan *p, const Expr *e) {
  for (;;) {
    if (e->kind == EX_SLOT && p->grouped && e->i < (i64)p->key.n) {
      e = p->key.v[e->i].e;
      continue;
    }
    if (e->kind != EX_COLUMN || e->src >= p->nsrc ||
        e->i == (i64)ROWID_COLUMN)
      return NULL;
    const Source *s = p->src + e->src;
    if (s->table) return s->table->col + e->i;
    p = s->sub;
    if (p->call || p->file || p->s->nrows) return NULL;
    e = p->out[e->i].e;
  }
}

/* A name that no column before it has: a second a becomes a_1. */
static int stmtFreshName(Compile *c, const Table *t, const OutColumn *o,
    const char **out) {
  size_t n = strlen(o->name), size = n + 16;
  char *s = snArenaAlloc(c->arena, size);
  if (!s) return SN_NOMEM;
  *out = s;
  memcpy(s, o->name, n + 1);
  if (snAstIsRowid(s))
    return snParseError(c->p, c->p->stmt.name.at, "a column cannot be named "
        "%s: every table has a rowid; name it with AS", s);
  for (u32 k = 1; snTableColumn(t, s, strlen(s)) >= 0; k++)
    snprintf(s + n, size - n, "_%u", k);
  return SEINE_OK;
}

/* The table that the rows of a plan make.  A column of a table keeps its
** analyzer; but queries are not kept twice. */
static int stmtMakeTable(Compile *c, Plan *p, Table *t) {
  char type[24];
  size_t n;
  for (u32 k = 0; k < p->nout; k++) {
    const OutColumn *o = p->out + k;
    const Column *from = stmtOrigin(p, o->e);
    const char *name = NULL;
    bool text = from && from->type == o->e->type && from->analyzer &&
        !snTableTarget(from, &n);
    int rc = stmtFreshName(c, t, o, &name);
    if (!rc && o->e->type == TYPE_INTERVAL)
      rc = snParseError(c->p, c->p->stmt.name.at, "column %.64s is an %s, "
          "which no table holds: CAST it AS TEXT", o->name,
          snTypeName(o->e->type, type));
    if (!rc)
      rc = snTableAdd(t, name, strlen(name), o->e->type, false,
          text ? from->analyzer : NULL, NULL);
    if (!rc && text && from->search)
      rc = snTableAnalyzers(t, k, from->analyzer, from->search);
    if (rc == SEINE_TOOBIG)
      (void)snParseError(c->p, c->p->stmt.name.at, "too many columns");
    if (rc) return rc;
  }
  return SEINE_OK;
}

static int stmtCreateRows(Compile *c, Plan *p, const Table *t) {
  StmtInsert a = {.table = t, .ncol = t->ncol, .s = &c->p->stmt};
  a.col = snArenaZero(c->arena, (t->ncol + 1) * sizeof *a.col);
  a.from = snArenaZero(c->arena, t->ncol + 1);
  a.def = snStmtInsertDef(c, t);
  if (!a.col || !a.from || !a.def) return SN_NOMEM;
  a.def->bulk = true;
  for (u32 k = 0; k < t->ncol; k++) {
    a.col[k] = k;
    a.from[k] = t->col[k].type;
  }
  int rc = snCodeSelect(c, p, stmtInsertRow, &a);
  u32 at = snCodeAdd(c, OP_Write, NO_REG, NO_REG, NO_REG, NO_REG);
  snProgAt(c->prog, at)->k = 1;
  return rc;
}

/* The machine makes the table, then the rows are inserted into it.  When
** there is one already, that it is there is all that is left to say. */
static int stmtCreateAs(Compile *c, Stmt *s) {
  DdlDef *d = &s->ddl;
  TableState *there;
  Plan *p;
  int rc = snSessionFind(c->session, d->name, strlen(d->name), &there);
  c->prog->writes = c->prog->ddl = true;
  if (!rc) rc = snPlanSelect(c, NULL, s->select, &p);
  if (rc) return rc;
  Table *t = snTableNew(c->prog->budget, d->name, strlen(d->name));
  if (!t) return SN_NOMEM;
  rc = stmtMakeTable(c, p, t);
  if (!rc) rc = snProgKeep(c->prog, t);
  d->col = t->col;
  d->ncol = t->ncol;
  d->rowid_column = -1;
  if (!rc) rc = stmtDdlOne(c, d);
  if (!rc && (!there || d->replace)) rc = stmtCreateRows(c, p, t);
  snTableDrop(t);
  return rc;
}

/* ---- another type of a column ------------------------------------------- */

typedef struct StmtRetype { const Table *to; u32 col; } StmtRetype;

static int stmtRetypeRow(Compile *c, Env *v, void *arg) {
  const StmtRetype *a = arg;
  const Column *was = v->plan->src[0].table->col + a->col;
  InsertDef *d = snStmtInsertDef(c, a->to);
  Expr *e = snAstNew(c->p, EX_COLUMN, 0);
  if (!d || !e) return SN_NOMEM;
  d->update = true;
  e->i = a->col;
  e->type = was->type;
  int rc = snStmtSetValue(c, v, a->to->col + a->col, e, &d->reg[a->col]);
  if (!rc) rc = stmtDeleteRow(c, v, NULL);
  return rc ? rc : stmtAgain(c, v, d);
}

/* What the column keeps when nothing else is said. */
static int stmtRetypeColumn(Compile *c, Stmt *s, const Column *was) {
  Column *col = s->ddl.col;
  int rc = stmtAnalyzers(c, s);
  bool text = (col->type & ~TYPE_ARRAY) == TYPE_TEXT;
  if (rc || !text || col->analyzer) return rc;
  col->analyzer = was->analyzer ? was->analyzer : "standard";
  col->search = was->search;
  return SEINE_OK;
}

/* The table changes first; then each row, as the cursor that was opened before
** sees it, is taken out and put in anew. */
static int stmtRetype(Compile *c, Stmt *s) {
  DdlDef *d = &s->ddl;
  Plan *p;
  int rc = snPlanTable(c, s->name, NULL, &p);
  if (rc) return rc;
  const Table *from = p->src[0].table;
  int at = snTableColumn(from, d->col->name, strlen(d->col->name));
  if (at < 0) return stmtNoColumn(c, from, d->col->name, s->name.at);
  if (from->nkey || from->ncheck || snTableGenerates(from))
    return snParseError(c->p, s->name.at, "the type of a column of %s cannot "
        "change: the table has keys, checks or generated columns; make another "
        "table and INSERT its rows", from->name);
  c->prog->writes = c->prog->ddl = true;
  rc = stmtRetypeColumn(c, s, from->col + at);
  Table *to = rc ? NULL : snTableCopy(c->prog->budget, from);
  if (!to) return rc ? rc : SN_NOMEM;
  StmtRetype a = {to, (u32)at};
  rc = snTableRetypeColumn(to, a.col, d->col->type, d->col->analyzer,
      d->col->search);
  if (!rc) rc = snProgKeep(c->prog, to);
  if (!rc) rc = stmtDdlOne(c, d);
  if (!rc) rc = snCodeFrom(c, p, stmtRetypeRow, &a);
  u32 end = snCodeAdd(c, OP_Write, NO_REG, NO_REG, NO_REG, NO_REG);
  snProgAt(c->prog, end)->k = 1;
  snTableDrop(to);
  return rc;
}

/* The columns of OPTIMIZE ... ORDER BY. */
static int stmtOrder(Compile *c, Stmt *s) {
  DdlDef *d = &s->ddl;
  if (d->kind != DDL_MERGE_ALL || !s->cols) return SEINE_OK;
  d->order = snCodeAlloc(c, s->cols->n * sizeof *d->order);
  if (!d->order) return SN_NOMEM;
  for (u32 k = 0; k < s->cols->n; k++) {
    const ExprItem *item = s->cols->v + k;
    if (item->e->kind != EX_NAME || item->e->left)
      return snParseError(c->p, item->e->at, "OPTIMIZE orders by columns of "
          "the table: name them alone");
    DdlOrder *o = d->order + d->norder++;
    o->name = snAstIsRowid(item->e->text) ? "rowid"
                                          : stmtDup(c, item->e->text);
    if (!o->name) return SN_NOMEM;
    o->desc = item->desc;
    o->nulls_first = item->nulls_set ? !item->nulls_last : !item->desc;
  }
  return SEINE_OK;
}

static int stmtDdlGuard(Compile *c, const Stmt *s) {
  static const u8 actions[] = {
    [DDL_CREATE] = SEINE_AUTH_CREATE_TABLE, [DDL_DROP] = SEINE_AUTH_DROP_TABLE,
    [DDL_RENAME] = SEINE_AUTH_ALTER_TABLE,
    [DDL_ADD_COLUMN] = SEINE_AUTH_ALTER_TABLE,
    [DDL_RENAME_COLUMN] = SEINE_AUTH_ALTER_TABLE,
    [DDL_DROP_COLUMN] = SEINE_AUTH_ALTER_TABLE,
    [DDL_RETYPE_COLUMN] = SEINE_AUTH_ALTER_TABLE,
    [DDL_MERGE] = SEINE_AUTH_OPTIMIZE, [DDL_MERGE_ALL] = SEINE_AUTH_OPTIMIZE,
    [DDL_CREATE_OBJECT] = SEINE_AUTH_CREATE_VIEW,
    [DDL_DROP_OBJECT] = SEINE_AUTH_DROP_VIEW, [DDL_SET] = SEINE_AUTH_PRAGMA,
    [DDL_CREATE_INDEX] = SEINE_AUTH_CREATE_INDEX,
    [DDL_DROP_INDEX] = SEINE_AUTH_DROP_INDEX,
  };
  const DdlDef *d = &s->ddl;
  int action = actions[d->kind], two = SEINE_AUTH_CREATE_ANALYZER -
      SEINE_AUTH_CREATE_VIEW; /* as many behind the one of views */
  const char *a = d->name, *b = NULL;
  bool made = d->kind == DDL_CREATE || d->kind == DDL_CREATE_OBJECT;
  u32 at = s->name.at;
  if (d->object == OBJECT_ANALYZER) action += two;
  if (action == SEINE_AUTH_ALTER_TABLE && d->ncol) b = d->col->name;
  if (d->kind == DDL_CREATE_INDEX) {
    a = s->key ? s->key->def.name : NULL;
    b = d->name;
  }
  int rc = snGuard(c, at, action, a, b);
  if (rc || !made || !d->replace) return rc;
  return snGuard(c, at, d->kind == DDL_CREATE ? SEINE_AUTH_DROP_TABLE
                                              : action + 1, a, NULL);
}

static int stmtDdl(Compile *c, Stmt *s) {
  DdlDef *d = &s->ddl;
  bool every = d->kind == DDL_MERGE_ALL && !d->name;
  if (!every && stmtDdlGuard(c, s)) return c->p->rc;
  if (d->kind == DDL_RETYPE_COLUMN) return stmtRetype(c, s);
  if (d->kind == DDL_CREATE && s->select) return stmtCreateAs(c, s);
  c->prog->writes = c->prog->ddl = true;
  bool defines = d->kind == DDL_CREATE || d->kind == DDL_ADD_COLUMN;
  int rc = defines ? stmtCheckColumns(c, s) : SEINE_OK;
  if (!rc) rc = snCodeKeys(c, s);
  if (!rc && d->object) rc = stmtObject(c, s);
  if (!rc) rc = stmtOrder(c, s);
  if (rc) return rc;
  c->consts = NULL; /* defaults were only looked at */
  if (d->kind != DDL_MERGE_ALL || d->name) return stmtDdlOne(c, d);
  c->prog->compacts = true;
  for (u32 k = 0; !rc && k < snSessionTables(c->session); k++) {
    rc = snSessionTableName(c->session, k, &d->name);
    if (!rc) rc = stmtDdlGuard(c, s);
    if (!rc) rc = stmtDdlOne(c, d);
  }
  return rc;
}

/* ---- pragmas ------------------------------------------------------------ */

typedef struct StmtPragma { const char *name; u8 kind; char value; }
    StmtPragma;
/* value: n number, t table, b on/off/number, w word, 0 none */
static const StmtPragma stmt_pragmas[] = {
  {"table_list", ADMIN_TABLE_LIST, 't'},
  {"table_info", ADMIN_TABLE_INFO, 't'},
  {"schema", ADMIN_SCHEMA, 't'},
  {"segments", ADMIN_SEGMENTS, 't'},
  {"index_list", ADMIN_INDEX_LIST, 't'},
  {"index_info", ADMIN_INDEX_INFO, 't'},
  {"integrity_check", ADMIN_CHECK, 0},
  {"quick_check", ADMIN_QUICK_CHECK, 0},
  {"lost", ADMIN_LOST, 0},
  {"functions", ADMIN_FUNCTIONS, 0},
  {"analyzers", ADMIN_ANALYZERS, 0},
  {"store_info", ADMIN_STORE, 0},
  {"memory_limit", ADMIN_MEMORY_LIMIT, 'n'},
  {"timeout", ADMIN_TIMEOUT, 'n'},
  {"busy_timeout", ADMIN_BUSY_TIMEOUT, 'n'},
  {"match_operator", ADMIN_MATCH_OPERATOR, 'w'},
  {"memtable_bytes", ADMIN_MEMTABLE, 'n'},
  {"filter_cache_bytes", ADMIN_FILTER_CACHE, 'n'},
  {"delta_bytes", ADMIN_DELTA, 'n'},
  {"spare_bytes", ADMIN_SPARE, 'n'},
  {"threads", ADMIN_THREADS, 'n'},
  {"batch_rows", ADMIN_BATCH_ROWS, 'n'},
  {"auto_merge", ADMIN_AUTO_MERGE, 'b'},
  {"tight_rows", ADMIN_TIGHT_ROWS, 'b'},
  {"word_pairs", ADMIN_WORD_PAIRS, 'n'},
  {"synchronous", ADMIN_SYNCHRONOUS, 'w'},
  {"slow_query_ms", ADMIN_SLOW_MS, 'n'},
  {"slow_query_redact", ADMIN_SLOW_REDACT, 'b'},
  {"limits", ADMIN_LIMITS, 0},
  {"hardened", ADMIN_HARDENED, 'b'},
};

/* "limit_NAME" of any limit. */
static int stmtPragmaLimit(const char *name, Nearest *near) {
  const LimitDef *d;
  const char *own = strchr(name, '_');
  char text[64];
  for (int id = 0; (d = snLimitDef(id)); id++) {
    snprintf(text, sizeof text, "limit_%s", d->name);
    snNearestAdd(near, text);
  }
  return own && snAsciiEq(name, (size_t)(own - name), "limit", 5)
      ? snLimitFind(own + 1, strlen(own + 1)) : -1;
}

static int stmtPragmaValue(Compile *c, const StmtPragma *p, const Expr *e,
    AdminDef *d) {
  const char *w = e->text ? e->text : "";
  u32 most = p->kind == ADMIN_THREADS ? 64
      : p->kind == ADMIN_BATCH_ROWS ? SN_WINDOW : 0;
  d->set = true;
  if (e->kind == EX_INT) {
    d->value = e->i;
    if (p->value == 'n' && e->i < 0)
      return snParseError(c->p, e->at, "PRAGMA %s takes a number from 0 on",
          p->name);
    if (most && (e->i < 1 || e->i > most))
      return snParseError(c->p, e->at, "PRAGMA %s takes a number from 1 to "
          "%u", p->name, most);
    if (p->kind == ADMIN_WORD_PAIRS && e->i > 256)
      return snParseError(c->p, e->at, "PRAGMA word_pairs takes a number from "
          "0 to 256: so many frequent words have their pairs indexed");
    return SEINE_OK;
  }
  bool on = !snAsciiCmp(w, e->len, "on", 2) ||
      !snAsciiCmp(w, e->len, "full", 4) || !snAsciiCmp(w, e->len, "and", 3) ||
      !snAsciiCmp(w, e->len, "true", 4) || !snAsciiCmp(w, e->len, "normal", 6);
  bool off = !snAsciiCmp(w, e->len, "off", 3) ||
      !snAsciiCmp(w, e->len, "or", 2) || !snAsciiCmp(w, e->len, "false", 5);
  if (p->value == 'n' || (!on && !off))
    return snParseError(c->p, e->at, "PRAGMA %s does not take %s", p->name,
        w);
  d->value = on;
  return SEINE_OK;
}

static int stmtRows(Compile *c, AdminDef *d) {
  Program *p = c->prog;
  u16 obj = snProgObj(p), sel = snProgSel(p);
  int rc = snStmtColumns(c, d->ncol);
  RegList *l = snCodeAlloc(c, sizeof *l + d->ncol * sizeof(u16));
  if (rc || !l) return SN_NOMEM;
  l->n = d->ncol;
  for (u32 k = 0; k < d->ncol; k++) {
    l->reg[k] = snProgReg(p, d->types[k]);
    p->col_name[k] = d->names[k];
    p->col_type[k] = d->types[k];
  }
  u32 at = snCodeAdd(c, OP_Admin, NO_REG, NO_REG, obj, NO_REG);
  snProgAt(p, at)->p = d;
  u32 next = snCodeAdd(c, OP_Sorted, sel, NO_REG, obj, NO_REG);
  snProgAt(p, next)->p = l;
  rc = snStmtResult(c, sel, l->reg, l->n, NULL);
  u32 back = snCodeAdd(c, OP_Goto, NO_REG, NO_REG, NO_REG, NO_REG);
  snProgJump(p, back, next);
  snProgJump(p, next, snCodeHere(c));
  return rc;
}

/* A setting of the database is kept in its catalog. */
static int stmtSet(Compile *c, const char *name, i64 value) {
  char text[24];
  snprintf(text, sizeof text, "%lld", (long long)value);
  DdlDef d = {.kind = DDL_SET, .object = OBJECT_SETTING, .name = name,
      .to = value ? text : NULL};
  c->prog->writes = c->prog->ddl = true;
  return stmtDdlOne(c, &d);
}

/* A pragma over the rows that it gives, or a setting that it makes. */
static int stmtPragmaOne(Compile *c, const Stmt *s, const StmtPragma *p,
    AdminDef *d) {
  int rc = SEINE_OK;
  d->kind = p->kind;
  if (s->value && p->value == 't') d->arg = stmtDup(c, s->value->text);
  else if (s->value && p->value) rc = stmtPragmaValue(c, p, s->value, d);
  if (rc) return rc;
  snAdminShape(d);
  if (!d->set) return stmtRows(c, d);
  if (p->kind == ADMIN_WORD_PAIRS) return stmtSet(c, p->name, d->value);
  u32 at = snCodeAdd(c, OP_Admin, NO_REG, NO_REG, snProgObj(c->prog),
      NO_REG);
  snProgAt(c->prog, at)->p = d; /* a setting is made: no rows */
  return c->prog->rc;
}

/* SHOW CREATE is one, too, that was not written as such. */
static int stmtPragmaGuard(Compile *c, const Stmt *s, const char *name) {
  const Expr *v = s->value;
  char number[24];
  const char *text = v ? v->text : NULL;
  if (v && v->kind == EX_INT) {
    snprintf(number, sizeof number, "%lld", (long long)v->i);
    text = number;
  }
  return s->show.n ? snGuard(c, s->show.at, SEINE_AUTH_SCHEMA, text, NULL)
                   : snGuard(c, s->name.at, SEINE_AUTH_PRAGMA, name, text);
}

static int stmtPragma(Compile *c, Stmt *s) {
  const char *name = snAstText(c->p, s->name);
  AdminDef *d = snCodeAlloc(c, sizeof *d);
  Nearest near;
  if (!d) return SN_NOMEM;
  int rc = s->show.n ? snDescribeThere(c, s->show) : SEINE_OK;
  if (rc) return rc;
  if (stmtPragmaGuard(c, s, name)) return c->p->rc;
  snNearestInit(&near, name);
  for (u32 k = 0; k < SN_COUNT(stmt_pragmas); k++) {
    const StmtPragma *p = stmt_pragmas + k;
    snNearestAdd(&near, p->name);
    if (snAsciiCmp(name, strlen(name), p->name, strlen(p->name))) continue;
    return stmtPragmaOne(c, s, p, d);
  }
  d->limit = stmtPragmaLimit(name, &near);
  if (d->limit >= 0) {
    StmtPragma own = {name, ADMIN_LIMIT, 'n'};
    return stmtPragmaOne(c, s, &own, d);
  }
  snNearestHint(&near, c->err);
  return snParseError(c->p, s->name.at, "no such pragma: %s", name);
}

/* ---- all ---------------------------------------------------------------- */

static int stmtTxn(Compile *c, TxnKind k, bool write) {
  static const char *const words[] = {[TXN_BEGIN] = "BEGIN",
      [TXN_COMMIT] = "COMMIT", [TXN_ROLLBACK] = "ROLLBACK",
      [TXN_SAVEPOINT] = "SAVEPOINT", [TXN_RELEASE] = "RELEASE",
      [TXN_ROLLBACK_TO] = "ROLLBACK"};
  const Token *named = &c->p->stmt.name;
  if (snGuard(c, named->at, k < TXN_SAVEPOINT ? SEINE_AUTH_TRANSACTION
                                              : SEINE_AUTH_SAVEPOINT,
          words[k], named->n ? snAstText(c->p, *named) : NULL))
    return c->p->rc;
  u32 at = snCodeAdd(c, OP_Txn, NO_REG, NO_REG, NO_REG, NO_REG);
  snProgAt(c->prog, at)->k = k;
  snProgAt(c->prog, at)->flag = write;
  c->prog->txn = true;
  if (!c->p->stmt.name.n) return c->prog->rc;
  const char *name = stmtDup(c, snAstText(c->p, c->p->stmt.name));
  if (!name) return SN_NOMEM;
  snProgAt(c->prog, at)->note = name; /* of a savepoint */
  return c->prog->rc;
}

static int stmtVacuum(Compile *c, Stmt *s) {
  u16 path = NO_REG;
  int rc = SEINE_OK;
  if (s->value) rc = snResolve(c, NULL, &s->value, 0);
  if (!rc && s->value && !snResolveConst(s->value))
    rc = snParseError(c->p, s->value->at, "VACUUM INTO takes the name of a "
        "file: a text or a parameter");
  if (!rc && s->value) rc = snCodeConst(c, s->value, &path);
  if (!rc) rc = snGuard(c, 0, SEINE_AUTH_VACUUM, NULL, NULL);
  if (!rc && s->value)
    rc = snGuard(c, s->value->at, SEINE_AUTH_WRITE_FILE,
        s->value->kind == EX_STR ? s->value->text : "", NULL);
  if (rc) return rc;
  snCodeAdd(c, OP_Vacuum, NO_REG, NO_REG, NO_REG, path);
  c->prog->ddl = true;
  return c->prog->rc;
}

static int stmtOne(Compile *c) {
  Stmt *s = &c->p->stmt;
  switch (s->kind) {
  case ST_SELECT: return stmtSelect(c, s->select);
  case ST_INSERT: return stmtInsert(c, s);
  case ST_UPDATE: return stmtUpdate(c, s);
  case ST_DELETE: return stmtDelete(c, s);
  case ST_DDL: return stmtDdl(c, s);
  case ST_PRAGMA: return stmtPragma(c, s);
  case ST_VACUUM: return stmtVacuum(c, s);
  case ST_COPY_TO: return snOutfile(c, s);
  case ST_DESCRIBE:
  case ST_SUMMARIZE:
  case ST_SHOW: return stmtDescribe(c, s);
  case ST_BEGIN: return stmtTxn(c, TXN_BEGIN, s->write);
  case ST_COMMIT: return stmtTxn(c, TXN_COMMIT, false);
  case ST_SAVEPOINT: return stmtTxn(c, TXN_SAVEPOINT, false);
  case ST_RELEASE: return stmtTxn(c, TXN_RELEASE, false);
  case ST_ROLLBACK_TO: return stmtTxn(c, TXN_ROLLBACK_TO, false);
  default: return stmtTxn(c, TXN_ROLLBACK, false);
  }
}

/* Constants stand at the end and are run first: Goto there, and back. */
static int stmtWhole(Compile *c) {
  u32 first = snCodeAdd(c, OP_Goto, NO_REG, NO_REG, NO_REG, NO_REG);
  int rc = stmtOne(c);
  if (rc) return rc;
  snCodeAdd(c, OP_Halt, NO_REG, NO_REG, NO_REG, NO_REG);
  snProgJump(c->prog, first, snCodeHere(c));
  rc = snCodeConsts(c);
  u32 back = snCodeAdd(c, OP_Goto, NO_REG, NO_REG, NO_REG, NO_REG);
  snProgJump(c->prog, back, first + 1);
  return rc ? rc : c->prog->rc ? c->prog->rc : c->p->rc;
}

/* Of a transaction only its end would show, and what it is the end of. */
static int stmtAnalyzed(Compile *c, const Stmt *s) {
  switch (s->kind) {
  case ST_BEGIN:
  case ST_COMMIT:
  case ST_ROLLBACK:
  case ST_SAVEPOINT:
  case ST_RELEASE:
  case ST_ROLLBACK_TO:
  case ST_VACUUM:
    return snParseError(c->p, s->explain_at, "EXPLAIN ANALYZE runs queries "
        "and changes of rows and tables, no transactions and no VACUUM: use "
        "EXPLAIN alone");
  default: return SEINE_OK;
  }
}

/* The statement's own text, EXPLAIN included. */
static const char *stmtSpan(Compile *c) {
  const Parse *p = c->p;
  u32 from = p->stmt.explain_at, to = p->done ? p->last.at : p->n;
  while (to > from && strchr(" \t\r\n\f\v", p->sql[to - 1])) to--;
  return snArenaDup(&c->prog->arena, p->sql + from, to - from);
}

int snCodeStmt(Compile *c) {
  const Stmt *s = &c->p->stmt;
  int rc = s->analyze ? stmtAnalyzed(c, s) : SEINE_OK;
  if (!rc) rc = stmtWhole(c);
#ifdef SEINE_TEST
  if (!rc) snGuardCheck(c);
#endif
  if (rc || !s->explain) return rc;
  Program *plan = c->prog;
  c->prog = snProgNew(plan->budget);
  if (!c->prog) {
    c->prog = plan;
    return SN_NOMEM;
  }
  c->prog->plan = plan;
  c->consts = NULL;
  AdminDef *d = snCodeAlloc(c, sizeof *d);
  if (!d) return SN_NOMEM;
  d->kind = s->format != EXPLAIN_TABLE ? ADMIN_EXPLAIN_TEXT :
      s->analyze ? ADMIN_ANALYZE : ADMIN_EXPLAIN;
  d->plan = plan;
  d->analyze = c->prog->analyzes = s->analyze;
  d->format = s->format;
  d->arg = stmtSpan(c);
  if (!d->arg) return SN_NOMEM;
  snAdminShape(d);
  rc = stmtRows(c, d);
  snCodeAdd(c, OP_Halt, NO_REG, NO_REG, NO_REG, NO_REG);
  return rc ? rc : c->prog->rc;
}
