/*
** constraint: what must hold of the rows of a table: its keys, its checks, and
** which column is the rowid.
**
** Invariants:
** (1) A key has an id of the same numbers as the columns have, 1 column at
**     least and KEY_COLUMNS at most, all different, none of them an array.
** (2) At most one key is the primary one.
** (3) A column with id 0 is INTEGER and there is at most one.
*/
#include "schema/schemaInt.h"

#define CONSTRAINT_COLUMNS 64u /* of a key */
#define CONSTRAINT_MOST    1000u

/* ---- asking ------------------------------------------------------------- */

int snConstraintColumn(const Table *t, u32 id) {
  for (u32 i = 0; i < t->ncol; i++)
    if (t->col[i].id == id) return (int)i;
  return -1;
}

int snConstraintRowidColumn(const Table *t) {
  return snConstraintColumn(t, 0);
}

bool snConstraintIsRowid(const TableKey *k) {
  return k->n == 1 && k->col[0] == 0;
}

bool snConstraintIsChecked(const TableKey *k) {
  return k->kind != KEY_INDEX &&
      !(snConstraintIsRowid(k) && k->kind != KEY_PRIMARY);
}

bool snConstraintAny(const Table *t) {
  for (u32 i = 0; i < t->nkey; i++)
    if (snConstraintIsChecked(t->key + i)) return true;
  return false;
}

bool snConstraintIsStored(const TableKey *k) {
  return k->kind != KEY_INDEX && !snConstraintIsRowid(k);
}

bool snConstraintHas(const Table *t, u32 column) {
  for (u32 i = 0; i < t->nkey; i++)
    for (u32 k = 0; k < t->key[i].n; k++)
      if (t->key[i].kind != KEY_INDEX && t->key[i].col[k] == column)
        return true;
  return false;
}

int snConstraintFind(const Table *t, const char *name, size_t n) {
  for (u32 i = 0; i < t->nkey; i++) {
    const char *have = t->key[i].name;
    if (have && snAsciiEq(have, strlen(have), name, n)) return (int)i;
  }
  return -1;
}

/* ---- changing ----------------------------------------------------------- */

static const char *constraintDup(Table *t, const char *s, int *rc) {
  const char *copy = s ? snArenaDup(&t->arena, s, strlen(s)) : NULL;
  if (s && !copy) *rc = SN_NOMEM;
  return copy;
}

/* ids are those of columns. */
static int constraintAdd(Table *t, u32 id, u8 kind, const char *name,
    const u32 *ids, u32 n) {
  TableKey k = {.id = id, .kind = kind, .n = n};
  int rc = snMemGrow(t->arena.budget, &t->key, &t->key_cap, t->nkey + 1ull,
      sizeof *t->key);
  assert(t->refs == 1);
  if (rc) return rc;
  k.name = constraintDup(t, name, &rc);
  k.col = snArenaAlloc(&t->arena, (n + 1ull) * sizeof *k.col);
  if (rc || !k.col) return SN_NOMEM;
  memcpy(k.col, ids, n * sizeof *k.col);
  t->key[t->nkey++] = k;
  return SEINE_OK;
}

int snConstraintKey(Table *t, u8 kind, const char *name, const u32 *col,
    u32 n) {
  u32 ids[CONSTRAINT_COLUMNS];
  if (n > CONSTRAINT_COLUMNS || t->nkey >= CONSTRAINT_MOST ||
      t->next_column == UINT32_MAX) return SEINE_TOOBIG;
  for (u32 i = 0; i < n; i++)
    ids[i] = col[i] == UINT32_MAX ? 0 : t->col[col[i]].id;
  return constraintAdd(t, t->next_column++, kind, name, ids, n);
}

int snConstraintCheck(Table *t, const char *name, const char *sql) {
  TableCheck c;
  int rc = snMemGrow(t->arena.budget, &t->check, &t->check_cap,
      t->ncheck + 1ull, sizeof *t->check);
  assert(t->refs == 1);
  if (rc) return rc;
  if (t->ncheck >= CONSTRAINT_MOST) return SEINE_TOOBIG;
  c.name = constraintDup(t, name, &rc);
  c.sql = constraintDup(t, sql, &rc);
  if (!rc) t->check[t->ncheck++] = c;
  return rc;
}

void snConstraintRowid(Table *t, u32 i) {
  assert(t->refs == 1 && t->col[i].type == TYPE_INTEGER);
  t->col[i].id = 0;
}

void snConstraintRemove(Table *t, u32 key) {
  assert(t->refs == 1 && key < t->nkey);
  t->nkey--;
  memmove(t->key + key, t->key + key + 1,
      (t->nkey - key) * sizeof *t->key);
}

int snConstraintCopy(Table *to, const Table *from) {
  int rc = SEINE_OK;
  to->autoincrement = from->autoincrement;
  for (u32 i = 0; !rc && i < from->nkey; i++) {
    const TableKey *k = from->key + i;
    rc = constraintAdd(to, k->id, k->kind, k->name, k->col, k->n);
  }
  for (u32 i = 0; !rc && i < from->ncheck; i++)
    rc = snConstraintCheck(to, from->check[i].name, from->check[i].sql);
  return rc;
}

/* ---- bytes -------------------------------------------------------------- */

static void constraintName(Buf *b, const char *s) {
  size_t n = s ? strlen(s) : 0;
  snBufVarint(b, s ? n + 1 : 0);
  if (n) snBufAdd(b, s, n);
}

void snConstraintWrite(const Table *t, Buf *b) {
  if (!t->nkey && !t->ncheck && !t->autoincrement) return;
  snBufVarint(b, t->nkey);
  for (u32 i = 0; i < t->nkey; i++) {
    const TableKey *k = t->key + i;
    snBufVarint(b, k->id);
    snBufByte(b, k->kind);
    constraintName(b, k->name);
    snBufVarint(b, k->n);
    for (u32 c = 0; c < k->n; c++) snBufVarint(b, k->col[c]);
  }
  snBufVarint(b, t->ncheck);
  for (u32 i = 0; i < t->ncheck; i++) {
    constraintName(b, t->check[i].name);
    snBufVarint(b, strlen(t->check[i].sql));
    snBufStr(b, t->check[i].sql);
  }
  snBufByte(b, t->autoincrement);
}

/* A 0-ended copy in the arena of the table. */
static const char *constraintText(Table *t, Rd *r, u64 n) {
  const char *p = (const char *)snRdBytes(r, n), *copy = NULL;
  if (!p || !snTableNameGood(p, (size_t)n)) r->bad = true;
  else copy = snArenaDup(&t->arena, p, (size_t)n);
  return copy;
}

static int constraintReadName(Table *t, Rd *r, const char **out) {
  u64 n = snRdVarint(r);
  *out = n && !r->bad ? constraintText(t, r, n - 1) : NULL;
  if (r->bad) return SN_CORRUPT;
  return n && !*out ? SN_NOMEM : SEINE_OK;
}

static bool constraintGood(const Table *t, const TableKey *k) {
  bool primary = k->kind == KEY_PRIMARY;
  for (u32 i = 0; i < k->n; i++) {
    int at = snConstraintColumn(t, k->col[i]);
    if (k->col[i] && (at < 0 || (t->col[at].type & TYPE_ARRAY))) return false;
    for (u32 j = 0; j < i; j++)
      if (k->col[j] == k->col[i]) return false;
  }
  for (u32 i = 0; primary && i < t->nkey; i++)
    if (t->key[i].kind == KEY_PRIMARY) return false;
  return k->n > 0 && k->kind >= KEY_PRIMARY && k->kind <= KEY_INDEX;
}

static int constraintReadKey(Table *t, Rd *r) {
  u32 ids[CONSTRAINT_COLUMNS];
  TableKey k = {.col = ids};
  k.id = snRdU32v(r);
  k.kind = snRdByte(r);
  int rc = constraintReadName(t, r, &k.name);
  u64 n = snRdVarint(r);
  if (rc) return rc;
  if (r->bad || n > CONSTRAINT_COLUMNS) return SN_CORRUPT;
  k.n = (u32)n;
  for (u32 i = 0; i < k.n; i++) ids[i] = snRdU32v(r);
  if (r->bad || !constraintGood(t, &k)) return SN_CORRUPT;
  return constraintAdd(t, k.id, k.kind, k.name, ids, k.n);
}

static int constraintReadCheck(Table *t, Rd *r) {
  const char *name, *sql;
  int rc = constraintReadName(t, r, &name);
  if (rc) return rc;
  sql = constraintText(t, r, snRdVarint(r));
  if (r->bad) return SN_CORRUPT;
  return sql ? snConstraintCheck(t, name, sql) : SN_NOMEM;
}

int snConstraintRead(Table *t, Rd *r) {
  int rc = SEINE_OK;
  u64 n = snRdVarint(r);
  if (n > CONSTRAINT_MOST) return SN_CORRUPT;
  for (u64 i = 0; !rc && i < n; i++) rc = constraintReadKey(t, r);
  n = rc ? 0 : snRdVarint(r);
  if (!rc && n > CONSTRAINT_MOST) rc = SN_CORRUPT;
  for (u64 i = 0; !rc && i < n; i++) rc = constraintReadCheck(t, r);
  if (!rc) t->autoincrement = snRdByte(r) != 0;
  return rc;
}

/* ---- SQL ---------------------------------------------------------------- */

static const char *constraintColumn(const Table *t, u32 id) {
  int at = snConstraintColumn(t, id);
  return at < 0 ? "rowid" : t->col[at].name;
}

void snConstraintColumns(const Table *t, const TableKey *k, Buf *out) {
  for (u32 i = 0; i < k->n; i++)
    snBufPrintf(out, "%s%s.%s", i ? ", " : "", t->name,
        constraintColumn(t, k->col[i]));
}

static void constraintList(const Table *t, const TableKey *k, Buf *out) {
  snBufByte(out, '(');
  for (u32 i = 0; i < k->n; i++) {
    if (i) snBufStr(out, ", ");
    snTableNameSql(constraintColumn(t, k->col[i]), out);
  }
  snBufByte(out, ')');
}

/* A key of one column without a name stands behind its column. */
static bool constraintIsInline(const TableKey *k) {
  return k->n == 1 && !k->name && k->kind <= KEY_UNIQUE;
}

void snConstraintColumnSql(const Table *t, u32 i, Buf *out) {
  for (u32 k = 0; k < t->nkey; k++) {
    const TableKey *key = t->key + k;
    if (!constraintIsInline(key) || key->col[0] != t->col[i].id) continue;
    snBufStr(out, key->kind == KEY_PRIMARY ? " PRIMARY KEY" : " UNIQUE");
    if (key->kind == KEY_PRIMARY && t->autoincrement)
      snBufStr(out, " AUTOINCREMENT");
  }
}

bool snConstraintIsInteger(const Table *t, u32 i) {
  const Column *c = t->col + i;
  if (c->type != TYPE_INTEGER || !c->id) return false;
  for (u32 k = 0; k < t->nkey; k++)
    if (t->key[k].kind == KEY_PRIMARY && t->key[k].n == 1 &&
        t->key[k].col[0] == c->id) return true;
  return false;
}

static void constraintNamed(const char *name, Buf *out) {
  snBufStr(out, ", ");
  if (!name) return;
  snBufStr(out, "CONSTRAINT ");
  snTableNameSql(name, out);
  snBufByte(out, ' ');
}

void snConstraintTableSql(const Table *t, Buf *out) {
  for (u32 i = 0; i < t->nkey; i++) {
    const TableKey *k = t->key + i;
    if (constraintIsInline(k) || k->kind > KEY_UNIQUE) continue;
    constraintNamed(k->name, out);
    snBufStr(out, k->kind == KEY_PRIMARY ? "PRIMARY KEY " : "UNIQUE ");
    constraintList(t, k, out);
  }
  for (u32 i = 0; i < t->ncheck; i++) {
    constraintNamed(t->check[i].name, out);
    snBufPrintf(out, "CHECK (%s)", t->check[i].sql);
  }
}

void snConstraintIndexSql(const Table *t, const TableKey *k, Buf *out) {
  snBufStr(out, k->kind == KEY_INDEX ? "CREATE INDEX "
                                     : "CREATE UNIQUE INDEX ");
  snTableNameSql(k->name, out);
  snBufStr(out, " ON ");
  snTableNameSql(t->name, out);
  constraintList(t, k, out);
}

#undef CONSTRAINT_COLUMNS
#undef CONSTRAINT_MOST
