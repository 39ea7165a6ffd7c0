/*
** code_key: what a table says of its rows: keys, checks, generated columns; and
** what becomes of rows that come.
**
** INTEGER PRIMARY KEY, spelled so, is the rowid.  A CHECK, and the expression
** of a generated column, are kept as their text and parsed anew where rows are
** written.
**
** A generated column stands in the row like others, so that nobody who reads
** it knows.  It is computed whenever the row is written, from columns of this
** row alone, behind the generated ones among them.
*/
#include "sql/plan.h"

/* ---- checks ------------------------------------------------------------- */

/* The expression of a text; places in it are told to nobody. */
static int keyParse(Compile *c, const char *sql, Expr **out) {
  Parse p = {.arena = c->arena, .session = c->session, .err = c->err};
  size_t n = strlen(sql) + 12;
  char *text = snArenaAlloc(c->arena, n);
  u32 end;
  *out = NULL;
  if (!text) return SN_NOMEM;
  p.n = (u32)snprintf(text, n, "SELECT (%s)", sql);
  p.sql = text;
  int rc = snFeed(&p, &end);
  snMemFree(p.param);
  if (rc || !p.stmt.select) return rc ? rc : SEINE_ERROR;
  *out = p.stmt.select->cols->v[0].e;
  if (p.nparam)
    return snParseError(c->p, 0, "what a table says of its rows cannot hold a "
        "parameter");
  return SEINE_OK;
}

static bool keyFindSelect(void *arg, Expr **at) {
  if ((*at)->select) *(bool *)arg = true;
  return true;
}

typedef struct KeyOdd { const Expr *e; } KeyOdd;

static bool keyFindOdd(void *arg, Expr **at) {
  u8 k = (*at)->kind;
  if (k == EX_HIT || k == EX_SCORE || k == EX_WHY || k == EX_MARK ||
      k == EX_AGG || k == EX_WINDOW || k == EX_NOW ||
      (k == EX_FUNC && ((*at)->func->flags & FUNC_IMPURE)))
    ((KeyOdd *)arg)->e = *at;
  return true;
}

static int keyResolve(Compile *c, Table *t, const char *sql, bool generated,
    Plan *p, Expr **out) {
  KeyOdd odd = {NULL};
  Source *s = snArenaZero(c->arena, sizeof *s);
  if (!s) return SN_NOMEM;
  *s = (Source){.alias = t->name, .table = t, .cursor = NO_REG};
  *p = (Plan){.src = s, .nsrc = 1};
  bool selects = false;
  int rc = keyParse(c, sql, out);
  if (!rc && generated) snAstWalk(out, keyFindSelect, &selects);
  if (selects)
    rc = snParseError(c->p, 0, "a generated column has no sub-query: it is "
        "computed from its row alone");
  c->checks = true;
  if (!rc) rc = snResolve(c, p, out, 0);
  c->checks = false;
  if (!rc) snAstWalk(out, keyFindOdd, &odd);
  if (!rc && odd.e)
    rc = snParseError(c->p, 0, "a CHECK or a generated column looks at the "
        "values of a row alone: no search, aggregate or time of day");
  if (rc) c->err->offset = -1;
  return rc;
}

static int keyCheck(Compile *c, Table *t, const TableCheck *k, Plan *p,
    Expr **out) {
  int rc = keyResolve(c, t, k->sql, false, p, out);
  if (!rc) rc = snResolveBool(c, out);
  if (rc) c->err->offset = -1;
  return rc;
}

/* A column of the row that comes: its register, or NULL. */
static int keyBind(Compile *c, Env *v, const InsertDef *d, i64 col) {
  const Table *t = d->table;
  Expr *e = snAstNew(c->p, EX_COLUMN, 0);
  u16 reg = col == (i64)ROWID_COLUMN ? d->rowid : d->reg[col];
  if (d->ids != NO_REG && (col == (i64)ROWID_COLUMN || col == d->alias))
    reg = d->ids;
  if (!e) return c->p->rc;
  e->i = col;
  e->type = col == (i64)ROWID_COLUMN ? TYPE_INTEGER : t->col[col].type;
  if (reg == NO_REG) {
    Expr *null = snAstNew(c->p, EX_NULL, 0);
    if (!null) return c->p->rc;
    null->type = e->type;
    int rc = snCodeConst(c, null, &reg);
    if (rc) return rc;
  }
  return snEnvBind(c, v, e, reg);
}

int snCodeRow(Compile *c, Env *v, const InsertDef *d) {
  int rc = keyBind(c, v, d, ROWID_COLUMN);
  for (u32 k = 0; !rc && k < d->table->ncol; k++) rc = keyBind(c, v, d, k);
  return rc;
}

/* ---- generated columns -------------------------------------------------- */

typedef struct KeyOrder {
  Table *t;
  const bool *done;    /* generated columns whose value is known */
  bool waits, rowid;
} KeyOrder;

static bool keyReads(void *arg, Expr **at) {
  KeyOrder *o = arg;
  const Expr *e = *at;
  if (e->kind != EX_COLUMN) return true;
  bool rowid = e->i == (i64)ROWID_COLUMN || !o->t->col[e->i].id;
  o->rowid |= rowid;
  o->waits |= !rowid && snTableGenerated(o->t->col + e->i) && !o->done[e->i];
  return true;
}

typedef int KeyEach(Compile *c, u32 col, Plan *p, Expr *e, void *arg);

/* fn for each generated column, behind those that it is computed from. */
static int keyEach(Compile *c, Table *t, KeyEach *fn, void *arg) {
  bool *done = snArenaZero(c->arena, t->ncol + 1);
  u32 left = 0, before = UINT32_MAX;
  if (!done) return SN_NOMEM;
  for (u32 k = 0; k < t->ncol; k++)
    left += snTableGenerated(t->col + k) != NULL;
  for (u32 first = 0; left && left < before;) {
    before = left;
    for (u32 k = 0; k < t->ncol; k++) {
      const char *sql = snTableGenerated(t->col + k);
      KeyOrder o = {t, done, false, false};
      Plan p;
      Expr *e;
      if (!sql || done[k]) continue;
      first = k;
      int rc = keyResolve(c, t, sql, true, &p, &e);
      if (rc) return rc;
      snAstWalk(&e, keyReads, &o);
      if (o.rowid)
        return snParseError(c->p, 0, "generated column %s: the rowid is not "
            "known before the row is stored", t->col[k].name);
      if (o.waits) continue;
      rc = fn(c, k, &p, e, arg);
      if (rc) return rc;
      done[k] = true;
      left--;
    }
    if (left == before)
      return snParseError(c->p, 0, "generated column loop on %s",
          t->col[first].name);
  }
  return SEINE_OK;
}

typedef struct KeyRow { u16 sel; InsertDef *d; } KeyRow;

static int keyGenerateOne(Compile *c, u32 col, Plan *p, Expr *e, void *arg) {
  const KeyRow *row = arg;
  InsertDef *d = row->d;
  Env v;
  d->reg[col] = NO_REG;
  int rc = snEnvInit(c, &v, p, row->sel);
  if (!rc) rc = snCodeRow(c, &v, d);
  return rc ? rc : snStmtSetValue(c, &v, d->table->col + col, e,
      &d->reg[col]);
}

static int keyGenerate(Compile *c, u16 sel, InsertDef *d) {
  KeyRow row = {sel, d};
  u16 ids = d->ids;
  d->ids = NO_REG;
  int rc = keyEach(c, (Table *)(uintptr_t)d->table, keyGenerateOne, &row);
  d->ids = ids;
  return rc;
}

/* ---- what rows keep ----------------------------------------------------- */

/* The registers that say whether the row keeps what its table says. */
int snCodeChecks(Compile *c, u16 sel, InsertDef *d) {
  Table *t = (Table *)(uintptr_t)d->table;
  int rc = keyGenerate(c, sel, d);
  if (rc || !t->ncheck) return rc;
  u16 ids = d->ids;
  d->check = snCodeAlloc(c, (t->ncheck + 1) * sizeof *d->check);
  if (!d->check) return SN_NOMEM;
  d->ids = NO_REG; /* a new rowid is not known yet */
  for (u32 i = 0; !rc && i < t->ncheck; i++) {
    const TableCheck *k = t->check + i;
    const char *text = k->name ? k->name : k->sql;
    Plan p;
    Env v;
    Expr *e;
    rc = keyCheck(c, t, k, &p, &e);
    if (!rc) rc = snEnvInit(c, &v, &p, sel);
    if (!rc) rc = snCodeRow(c, &v, d);
    if (!rc) rc = snCodeExpr(c, &v, e, &d->check[i].reg);
    d->check[i].text = snArenaDup(&c->prog->arena, text, strlen(text));
    if (!rc && !d->check[i].text) rc = SN_NOMEM;
  }
  d->ncheck = t->ncheck;
  d->ids = ids;
  return rc;
}

int snCodePut(Compile *c, u16 sel, InsertDef *d) {
  int rc = snCodeChecks(c, sel, d);
  if (rc) return rc;
  u32 at = snCodeAdd(c, OP_Insert, sel, NO_REG, NO_REG, NO_REG);
  snProgAt(c->prog, at)->p = d;
  snProgAt(c->prog, at)->note = d->name;
  return c->prog->rc;
}

/* ---- CREATE TABLE ------------------------------------------------------- */

static int keyColumnOf(const DdlDef *d, const char *name) {
  for (u32 i = 0; i < d->ncol; i++)
    if (snAsciiEq(d->col[i].name, strlen(d->col[i].name), name, strlen(name)))
      return (int)i;
  return -1;
}

/* The primary key: its columns have values; INTEGER alone is the rowid. */
static int keyPrimary(Compile *c, Stmt *s, const KeyRef *k) {
  DdlDef *d = &s->ddl;
  for (u32 i = 0; i < k->def.n; i++) {
    int at = keyColumnOf(d, k->def.col[i]);
    if (at < 0) continue; /* told when the table is made */
    if (snTableGenerated(d->col + at))
      return snParseError(c->p, k->at, "generated columns cannot be part of "
          "the PRIMARY KEY");
    if (k->def.n == 1 && snAstIs(s->type[at], "integer")) d->rowid_column = at;
    else d->col[at].not_null = true;
  }
  if (k->autoincrement && d->rowid_column < 0)
    return snParseError(c->p, k->at, "AUTOINCREMENT is for an INTEGER PRIMARY "
        "KEY only");
  d->autoincrement = k->autoincrement;
  return SEINE_OK;
}

/* Can it be a value of the column at all? */
static int keyGeneratedFits(Compile *c, u32 col, Plan *p, Expr *e,
    void *arg) {
  (void)arg;
  return snResolveCast(c, &e, p->src[0].table->col[col].type);
}

/* The table as it will be, to look at its checks and generated columns. */
static int keyCheckAll(Compile *c, const DdlDef *d) {
  Table *t;
  int rc = SEINE_OK;
  u32 plain = 0;
  for (u32 i = 0; i < d->ncol; i++) plain += !snTableGenerated(d->col + i);
  if (d->ncol && !plain)
    return snParseError(c->p, 0, "table %s must have a column that is not "
        "generated", d->name);
  if (!d->ncheck && plain == d->ncol) return SEINE_OK;
  t = snTableNew(c->arena->budget, d->name, strlen(d->name));
  if (!t) return SN_NOMEM;
  for (u32 i = 0; !rc && i < d->ncol; i++)
    rc = snTableAdd(t, d->col[i].name, strlen(d->col[i].name),
        d->col[i].type, false, d->col[i].analyzer, d->col[i].default_sql);
  for (u32 i = 0; !rc && i < d->ncol; i++)
    snTableCollate(t, i, d->col[i].collate);
  if (rc == SEINE_ERROR) rc = SEINE_OK; /* told when the table is made */
  if (!rc && d->rowid_column >= 0 && (u32)d->rowid_column < t->ncol)
    snConstraintRowid(t, (u32)d->rowid_column);
  if (!rc) rc = keyEach(c, t, keyGeneratedFits, NULL);
  for (u32 i = 0; !rc && i < d->ncheck; i++) {
    Plan p;
    Expr *e;
    rc = keyCheck(c, t, d->check + i, &p, &e);
  }
  snTableDrop(t);
  return rc;
}

/* Keys are compared as bytes: one of a column that is not would let values in
** that this column takes for equal. */
static int keyCollated(Compile *c, const DdlDef *d, const KeyRef *k) {
  TableState *t = NULL;
  int rc = d->kind == DDL_CREATE_INDEX && k->def.kind != KEY_INDEX
      ? snSessionFind(c->session, d->name, strlen(d->name), &t) : SEINE_OK;
  for (u32 i = 0; !rc && i < k->def.n && k->def.kind != KEY_INDEX; i++) {
    const char *name = k->def.col[i];
    int at = t ? snTableColumn(t->table, name, strlen(name))
               : keyColumnOf(d, name);
    if (at < 0) continue; /* told when the table is made */
    u8 by = t ? t->table->col[at].collate : d->col[at].collate;
    if (by > COLLATE_BINARY)
      return snParseError(c->p, k->at, "keys compare as BINARY and column %s "
          "by %s: make the key over a column of %s(%s) instead", name,
          snTypeCollationName(by), by == COLLATE_NOCASE ? "lower" : "rtrim",
          name);
  }
  return rc;
}

static int keyCollect(Compile *c, Stmt *s) {
  DdlDef *d = &s->ddl;
  bool primary = false;
  u32 n = 0;
  int rc = SEINE_OK;
  for (const KeyRef *k = s->key; k; k = k->next) n++;
  d->key = snArenaZero(c->arena, (n + 1) * sizeof *d->key);
  d->rowid_column = -1;
  if (!d->key) return SN_NOMEM;
  for (const KeyRef *k = s->key; !rc && k; k = k->next) {
    d->key[d->nkey++] = k->def;
    rc = keyCollated(c, d, k);
    if (rc || k->def.kind != KEY_PRIMARY) continue;
    if (primary)
      return snParseError(c->p, k->at, "table %s has more than one PRIMARY "
          "KEY", d->name);
    primary = true;
    rc = keyPrimary(c, s, k);
  }
  return rc;
}

/* ---- ALTER TABLE -------------------------------------------------------- */

/* Whether the text names the column; out, if not NULL: the text with another
** name in its place. */
static bool keyNames(const char *sql, const char *name, const char *to,
    Buf *out) {
  u32 n = (u32)strlen(sql), at = 0, done = 0;
  bool any = false;
  Token t;
  while (snLexNext(sql, n, &at, &t)) {
    bool quoted = t.n && (t.p[0] == '"' || t.p[0] == '`');
    const char *p = quoted ? t.p + 1 : t.p;
    u32 len = quoted ? t.n - 2 : t.n, next = at;
    Token call;
    if (!snAsciiEq(p, len, name, strlen(name))) continue;
    if (!quoted && snLexNext(sql, n, &next, &call) && call.p[0] == '(')
      continue; /* a function */
    any = true;
    if (!out) continue;
    snBufAdd(out, sql + done, t.at - done);
    snTableNameSql(to, out);
    done = at;
  }
  if (out) snBufAdd(out, sql + done, n - done);
  return any;
}

const Column *snCodeGenerated(const Table *t, const char *name) {
  for (u32 i = 0; i < t->ncol; i++) {
    const char *sql = snTableGenerated(t->col + i);
    if (sql && keyNames(sql, name, NULL, NULL)) return t->col + i;
  }
  return NULL;
}

/* Generated columns name columns by their old name. */
static int keyRenameGenerated(Compile *c, DdlDef *d, const Table *t) {
  d->generated = snCodeAlloc(c, (t->ncol + 1) * sizeof *d->generated);
  if (!d->generated) return SN_NOMEM;
  for (u32 i = 0; i < t->ncol; i++) {
    const char *sql = snTableGenerated(t->col + i);
    Buf b;
    if (!sql) continue;
    snBufInit(&b, c->arena->budget);
    snBufStr(&b, "AS ");
    (void)keyNames(sql, d->col->name, d->to, &b);
    d->generated[i] = snBufDup(&b, &c->prog->arena);
    snBufClear(&b);
    if (!d->generated[i]) return SN_NOMEM;
  }
  return SEINE_OK;
}

/* Checks of the table name columns by their old name. */
static int keyRename(Compile *c, DdlDef *d, const Table *t) {
  d->check = snArenaZero(c->arena, (t->ncheck + 1) * sizeof *d->check);
  if (!d->check) return SN_NOMEM;
  for (u32 i = 0; i < t->ncheck; i++) {
    Buf b;
    snBufInit(&b, c->arena->budget);
    (void)keyNames(t->check[i].sql, d->col->name, d->to, &b);
    d->check[i].sql = snBufDup(&b, c->arena);
    d->ncheck = i + 1;
    snBufClear(&b);
    if (!d->check[i].sql) return SN_NOMEM;
  }
  return keyRenameGenerated(c, d, t);
}

static int keyAlter(Compile *c, DdlDef *d) {
  TableState *t;
  int rc = snSessionFind(c->session, d->name, strlen(d->name), &t);
  if (rc || !t) return rc;
  if (d->kind == DDL_RENAME_COLUMN) return keyRename(c, d, t->table);
  const Column *by = snCodeGenerated(t->table, d->col->name);
  if (by)
    return snParseError(c->p, 0, "column %s.%s cannot be dropped: generated "
        "column %s is computed from it", t->table->name, d->col->name,
        by->name);
  for (u32 i = 0; i < t->table->ncheck; i++)
    if (keyNames(t->table->check[i].sql, d->col->name, NULL, NULL))
      c->prog->checked = true;
  return SEINE_OK;
}

int snCodeKeys(Compile *c, Stmt *s) {
  DdlDef *d = &s->ddl;
  if (d->object) return SEINE_OK;
  if (d->kind == DDL_ADD_COLUMN && (s->key || d->ncheck))
    return snParseError(c->p, s->key ? s->key->at : 0, "a column that is "
        "added cannot have a key or a CHECK: add it, then CREATE UNIQUE INDEX");
  if (d->kind == DDL_RENAME_COLUMN || d->kind == DDL_DROP_COLUMN)
    return keyAlter(c, d);
  if (d->kind != DDL_CREATE && d->kind != DDL_CREATE_INDEX) return SEINE_OK;
  int rc = keyCollect(c, s);
  return rc ? rc : keyCheckAll(c, d);
}

/* ---- into the program --------------------------------------------------- */

static const char *keyDup(Compile *c, const char *s, int *rc) {
  const char *copy = s ? snArenaDup(&c->prog->arena, s, strlen(s)) : NULL;
  if (s && !copy) *rc = SN_NOMEM;
  return copy;
}

int snCodeKeysCopy(Compile *c, DdlDef *d) {
  KeyDef *key = snCodeAlloc(c, (d->nkey + 1) * sizeof *key);
  TableCheck *check = snCodeAlloc(c, (d->ncheck + 1) * sizeof *check);
  int rc = key && check ? SEINE_OK : SN_NOMEM;
  for (u32 i = 0; !rc && i < d->nkey; i++) {
    key[i] = d->key[i];
    key[i].name = keyDup(c, key[i].name, &rc);
    key[i].col = snCodeAlloc(c, (key[i].n + 1) * sizeof *key[i].col);
    if (!key[i].col) return SN_NOMEM;
    for (u32 k = 0; k < key[i].n; k++)
      key[i].col[k] = keyDup(c, d->key[i].col[k], &rc);
  }
  for (u32 i = 0; !rc && i < d->ncheck; i++) {
    check[i].name = keyDup(c, d->check[i].name, &rc);
    check[i].sql = keyDup(c, d->check[i].sql, &rc);
  }
  d->key = key;
  d->check = check;
  return rc;
}
