/*
** table: what are the columns of a table, and how is it written in SQL?
**
** Invariants:
** (1) Names of columns differ, whatever their case; so do their ids and those
**     of keys, which are below next_column.  0 is the rowid: the id of the
**     column that is the rowid, if there is one, and of no other.
** (2) A table with more than TABLE_LINEAR columns has an index: open
**     addressing over snTableHash(), a slot is column + 1 or 0, and at most
**     half of the slots are in use.
** (3) A TEXT column has an analyzer, no other column has one.
** (4) A column of TEXT or KEYWORD may have a collation, no other has one.
** (5) With more than one reference a table never changes.
*/
#include "schema/schemaInt.h"

#define TABLE_COLUMNS 32767u
#define TABLE_LINEAR  16u

/* ---- life --------------------------------------------------------------- */

bool snTableNameGood(const char *p, size_t n) {
  return n < INT32_MAX && !(n && memchr(p, 0, n));
}

Table *snTableNew(Budget *b, const char *name, size_t n) {
  Table *t;
  if (!snTableNameGood(name, n)) return NULL;
  t = snMemZero(b, sizeof *t);
  if (!t) return NULL;
  t->refs = 1;
  t->next_column = 1;
  snArenaInit(&t->arena, b);
  t->name = snArenaDup(&t->arena, name, n);
  if (t->name) return t;
  snTableDrop(t);
  return NULL;
}

Table *snTableKeep(Table *t) {
  t->refs++;
  return t;
}

void snTableDrop(Table *t) {
  if (!t || --t->refs) return;
  snMemFree(t->col);
  snMemFree(t->slots);
  snMemFree(t->key);
  snMemFree(t->check);
  snArenaClear(&t->arena);
  snMemFree(t);
}

Table *snTableCopy(Budget *b, const Table *t) {
  Table *copy = snTableNew(b, t->name, strlen(t->name));
  int rc = SEINE_OK;
  if (!copy) return NULL;
  copy->id = t->id;
  for (u32 i = 0; !rc && i < t->ncol; i++) {
    const Column *c = t->col + i;
    rc = snTableAdd(copy, c->name, strlen(c->name), c->type, c->not_null,
        c->analyzer, c->default_sql);
    if (!rc && c->search)
      rc = snTableAnalyzers(copy, i, c->analyzer, c->search);
    if (!rc) snTableCollate(copy, i, c->collate);
    if (!rc) copy->col[i].id = c->id;
  }
  copy->next_column = t->next_column;
  if (!rc) rc = snConstraintCopy(copy, t);
  if (!rc) return copy;
  snTableDrop(copy);
  return NULL;
}

/* ---- names -------------------------------------------------------------- */

u32 snTableHash(const char *p, size_t n) {
  u8 low[64];
  u64 h = n;
  while (n) {
    size_t k = SN_MIN(n, sizeof low);
    for (size_t i = 0; i < k; i++) {
      u8 c = (u8)p[i];
      low[i] = (u8)(c >= 'A' && c <= 'Z' ? c + 32 : c);
    }
    h = snHash(low, k, h);
    p += k;
    n -= k;
  }
  return (u32)h;
}

static bool tableIs(const char *name, const char *p, size_t n) {
  return snAsciiEq(name, strlen(name), p, n);
}

int snTableColumn(const Table *t, const char *name, size_t n) {
  if (!t->slots) {
    for (u32 i = 0; i < t->ncol; i++)
      if (tableIs(t->col[i].name, name, n)) return (int)i;
    return -1;
  }
  u32 at = snTableHash(name, n) & t->mask;
  for (; t->slots[at]; at = (at + 1) & t->mask)
    if (tableIs(t->col[t->slots[at] - 1].name, name, n))
      return (int)t->slots[at] - 1;
  return -1;
}

static void tableIndexPut(Table *t, u32 i) {
  const char *name = t->col[i].name;
  u32 at = snTableHash(name, strlen(name)) & t->mask;
  while (t->slots[at]) at = (at + 1) & t->mask;
  t->slots[at] = i + 1;
}

static void tableIndexFill(Table *t) {
  if (!t->slots) return;
  memset(t->slots, 0, ((size_t)t->mask + 1) * sizeof *t->slots);
  for (u32 i = 0; i < t->ncol; i++) tableIndexPut(t, i);
}

/* Makes room for one column more. */
static int tableIndexGrow(Table *t) {
  u64 size = t->slots ? (u64)t->mask + 1 : 4 * TABLE_LINEAR;
  u32 *slots;
  if (t->ncol < TABLE_LINEAR) return SEINE_OK;
  if (t->slots && ((u64)t->ncol + 1) * 2 <= size) return SEINE_OK;
  if (t->slots) size *= 2;
  slots = snMemAlloc(t->arena.budget, (size_t)size * sizeof *slots);
  if (!slots) return SN_NOMEM;
  snMemFree(t->slots);
  t->slots = slots;
  t->mask = (u32)size - 1;
  tableIndexFill(t);
  return SEINE_OK;
}

/* ---- changing ----------------------------------------------------------- */

static bool tableTypeGood(u8 type) {
  u8 base = type & (u8)~TYPE_ARRAY;
  return base > TYPE_NULL && base < TYPE_INTERVAL;
}

static const char *tableDup(Table *t, const char *s, int *rc) {
  const char *copy = s ? snArenaDup(&t->arena, s, strlen(s)) : NULL;
  if (s && !copy) *rc = SN_NOMEM;
  return copy;
}

int snTableAdd(Table *t, const char *name, size_t n, u8 type, bool not_null,
    const char *analyzer, const char *default_sql) {
  Column c = {0};
  int rc = SEINE_OK;
  assert(t->refs == 1);
  if (!tableTypeGood(type) || !snTableNameGood(name, n)) return SEINE_ERROR;
  if (t->ncol >= TABLE_COLUMNS || t->next_column == UINT32_MAX)
    return SEINE_TOOBIG;
  if (snTableColumn(t, name, n) >= 0) return SEINE_ERROR;
  if ((type & ~TYPE_ARRAY) != TYPE_TEXT) analyzer = NULL;
  else if (!analyzer) analyzer = "standard";
  rc = snMemGrow(t->arena.budget, &t->col, &t->cap, (u64)t->ncol + 1,
      sizeof *t->col);
  if (!rc) rc = tableIndexGrow(t);
  if (rc) return rc;
  c.name = snArenaDup(&t->arena, name, n);
  c.analyzer = tableDup(t, analyzer, &rc);
  c.default_sql = tableDup(t, default_sql, &rc);
  if (!c.name) rc = SN_NOMEM;
  if (rc) return rc;
  c.type = type;
  c.not_null = not_null;
  c.id = t->next_column++;
  t->col[t->ncol++] = c;
  if (t->slots) tableIndexPut(t, t->ncol - 1);
  return SEINE_OK;
}

void snTableCollate(Table *t, u32 i, u8 collate) {
  assert(t->refs == 1 && i < t->ncol);
  assert(!collate || snTypeIsString(t->col[i].type));
  t->col[i].collate = collate;
}

int snTableAnalyzers(Table *t, u32 i, const char *analyzer,
    const char *search) {
  int rc = SEINE_OK;
  assert(t->refs == 1 && i < t->ncol && t->col[i].analyzer);
  analyzer = tableDup(t, analyzer, &rc);
  search = tableDup(t, search, &rc);
  if (rc) return rc;
  t->col[i].analyzer = analyzer;
  t->col[i].search = search;
  return SEINE_OK;
}

int snTableRename(Table *t, const char *name, size_t n) {
  const char *copy;
  assert(t->refs == 1);
  if (!snTableNameGood(name, n)) return SEINE_ERROR;
  copy = snArenaDup(&t->arena, name, n);
  if (!copy) return SN_NOMEM;
  t->name = copy;
  return SEINE_OK;
}

int snTableRenameColumn(Table *t, u32 i, const char *name, size_t n) {
  const char *copy;
  int at = snTableColumn(t, name, n);
  assert(t->refs == 1 && i < t->ncol);
  if (!snTableNameGood(name, n) || (at >= 0 && at != (int)i))
    return SEINE_ERROR;
  copy = snArenaDup(&t->arena, name, n);
  if (!copy) return SN_NOMEM;
  t->col[i].name = copy;
  tableIndexFill(t);
  return SEINE_OK;
}

void snTableRemoveColumn(Table *t, u32 i) {
  assert(t->refs == 1 && i < t->ncol);
  t->ncol--;
  memmove(t->col + i, t->col + i + 1, (t->ncol - i) * sizeof *t->col);
  tableIndexFill(t);
}

int snTableRetypeColumn(Table *t, u32 i, u8 type, const char *analyzer,
    const char *search) {
  Column *c = t->col + i;
  int rc = SEINE_OK;
  assert(t->refs == 1 && i < t->ncol);
  if (!tableTypeGood(type)) return SEINE_ERROR;
  if (t->next_column == UINT32_MAX) return SEINE_TOOBIG;
  bool text = (type & ~TYPE_ARRAY) == TYPE_TEXT;
  analyzer = tableDup(t, text ? analyzer ? analyzer : "standard" : NULL, &rc);
  search = tableDup(t, text ? search : NULL, &rc);
  if (rc) return rc;
  c->analyzer = analyzer;
  c->search = search;
  c->type = type;
  if (!snTypeIsString(type)) c->collate = COLLATE_NONE;
  c->id = t->next_column++;
  return SEINE_OK;
}

/* ---- SQL ---------------------------------------------------------------- */

/* Words that mean something at a place where a name may stand.  A word too
** many only costs two quotes. */
static const char *const table_words[] = {
  "ADD", "ALL", "ALTER", "ANALYZE", "ANALYZER", "AND", "ANTI", "ANY", "AS",
  "ASC", "BEGIN", "BETWEEN", "BY", "CASE", "CAST", "CHECK", "COLLATE",
  "COLUMN", "COMMIT", "CONSTRAINT", "CREATE", "CROSS", "CUBE", "CURRENT",
  "CURRENT_DATE", "CURRENT_TIMESTAMP", "DATE", "DEFAULT", "DELETE", "DESC",
  "DESCRIBE", "DISTINCT", "DROP", "ELSE", "END", "ESCAPE", "EXCEPT", "EXISTS",
  "EXPLAIN", "EXTRACT", "FALSE", "FETCH", "FILTER", "FIRST", "FOLLOWING",
  "FOR", "FOREIGN", "FROM", "FULL", "GLOB", "GROUP", "GROUPING", "GROUPS",
  "HAVING", "IF", "ILIKE", "IN", "INDEX", "INNER", "INSERT", "INTERSECT",
  "INTERVAL", "INTO", "IS", "ISNULL", "JOIN", "LAST", "LATERAL", "LEFT",
  "LIKE", "LIMIT", "MATCH", "NATURAL", "NOT", "NOTNULL", "NULL", "NULLS",
  "OFFSET", "ON", "OR", "ORDER", "OUTER", "OVER", "PARTITION", "PIVOT",
  "PRAGMA", "PRECEDING", "PRIMARY", "QUALIFY", "RANGE", "RECURSIVE",
  "REFERENCES", "REGEXP", "RELEASE", "RENAME", "REPLACE", "RETURNING",
  "RIGHT", "RLIKE", "ROLLBACK", "ROLLUP", "ROW", "ROWS", "SAVEPOINT",
  "SEARCH", "SELECT", "SEMI", "SET", "SETS", "SOME", "TABLE", "THEN",
  "TIMESTAMP", "TO", "TRANSACTION", "TRUE", "UNBOUNDED", "UNION", "UNIQUE",
  "UNNEST", "UNPIVOT", "UPDATE", "USING", "VACUUM", "VALUES", "WHEN", "WHERE",
  "WINDOW", "WITH", "WITHIN"};

static bool tableIsWord(const char *s, size_t n) {
  u32 lo = 0, hi = SN_COUNT(table_words);
  while (lo < hi) {
    u32 mid = (lo + hi) / 2;
    const char *w = table_words[mid];
    int cmp = snAsciiCmp(s, n, w, strlen(w));
    if (!cmp) return true;
    if (cmp < 0) hi = mid;
    else lo = mid + 1;
  }
  return false;
}

static bool tableIsPlain(const char *s) {
  size_t n = strlen(s);
  if (!n || (s[0] >= '0' && s[0] <= '9')) return false;
  for (size_t i = 0; i < n; i++) {
    char c = s[i];
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
        (c >= '0' && c <= '9'))
      continue;
    return false;
  }
  return !tableIsWord(s, n);
}

void snTableNameSql(const char *s, Buf *out) {
  if (tableIsPlain(s)) snBufStr(out, s);
  else snBufSqlName(out, s, strlen(s));
}

const char *snTableTarget(const Column *c, size_t *n) {
  size_t len = c->analyzer ? strlen(c->analyzer) : 0;
  bool is = len > 7 && !memcmp(c->analyzer, "query(", 6) &&
      c->analyzer[len - 1] == ')';
  *n = is ? len - 7 : 0;
  return is ? c->analyzer + 6 : NULL;
}

const char *snTableGenerated(const Column *c) {
  const char *s = c->default_sql;
  return s && !strncmp(s, "AS (", 4) ? s + 3 : NULL;
}

bool snTableGenerates(const Table *t) {
  u32 i = 0;
  while (i < t->ncol && !snTableGenerated(t->col + i)) i++;
  return i < t->ncol;
}

/* By its name, when it has one. */
static void tableAnalyzer(const char *a, Buf *out) {
  char name[80];
  size_t n = strcspn(a, "(");
  snprintf(name, sizeof name, "%.*s", (int)SN_MIN(n, sizeof name), a);
  if (n) snTableNameSql(name, out);
  else snBufStr(out, a);
}

void snTableSql(const Table *t, Buf *out) {
  char type[24];
  snBufStr(out, "CREATE TABLE ");
  snTableNameSql(t->name, out);
  snBufByte(out, '(');
  for (u32 i = 0; i < t->ncol; i++) {
    const Column *c = t->col + i;
    size_t n;
    if (i) snBufStr(out, ", ");
    snTableNameSql(c->name, out);
    snBufByte(out, ' ');
    snBufStr(out, snConstraintIsInteger(t, i) ? "BIGINT"
                                              : snTypeName(c->type, type));
    if (c->analyzer && !tableIs(c->analyzer, "standard", 8)) {
      snBufStr(out, " ANALYZER ");
      if (snTableTarget(c, &n)) snBufSqlText(out, c->analyzer, n + 7);
      else tableAnalyzer(c->analyzer, out);
    }
    if (c->search) {
      snBufStr(out, " SEARCH ANALYZER ");
      tableAnalyzer(c->search, out);
    }
    if (c->collate)
      snBufPrintf(out, " COLLATE %s", snTypeCollationName(c->collate));
    if (c->not_null) snBufStr(out, " NOT NULL");
    if (snTableGenerated(c))
      snBufPrintf(out, " GENERATED ALWAYS AS %s STORED", snTableGenerated(c));
    else if (c->default_sql)
      snBufPrintf(out, " DEFAULT %s", c->default_sql);
    snConstraintColumnSql(t, i, out);
  }
  snConstraintTableSql(t, out);
  snBufByte(out, ')');
}

#undef TABLE_COLUMNS
#undef TABLE_LINEAR
