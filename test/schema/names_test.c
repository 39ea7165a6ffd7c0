/*
** names_test: the names of tables and columns, as room schema keeps them and
** as SQL reaches them.
**   1. one rule says which names are the same: in a table of few columns, in
**      one with an index, in an edit and in a catalog that is read back
**   2. names of every byte and of many lengths are kept as they are
**   3. the CREATE statement of a table with odd names makes the same table
**   4. columns come, go and change names: against an array
**   5. names that SQL refuses, and sequences of changes that it takes
**   6. tables and columns come, go and change names in transactions: against
**      arrays, opened again now and then; many tables
*/
#include "schema/schemaInt.h"

static int test_count, test_failed;

static bool namesOk(bool ok, const char *name) {
  printf("%sok %d - %s\n", ok ? "" : "not ", ++test_count, name);
  test_failed += !ok;
  return ok;
}

static u32 names_state = 7;

static u32 namesRandom(u32 n) {
  names_state = names_state * 1664525 + 1013904223;
  return (names_state >> 8) % n;
}

static Budget names_budget;

/* ---- 1. which names are the same ---------------------------------------- */

/* The rule, byte by byte: letters of ASCII know no case, all else does. */
static bool namesSame(const char *a, const char *b) {
  for (;; a++, b++) {
    int x = (u8)*a, y = (u8)*b;
    if (x >= 'A' && x <= 'Z') x += 32;
    if (y >= 'A' && y <= 'Z') y += 32;
    if (x != y) return false;
    if (!x) return true;
  }
}

/* The last letters stand beside the ranges of letters: @ [ ` { differ by the
** bit of the case, too. */
static const char *const names_pool[] = {"a", "A", "b", "aa", "Aa", "aA",
    "AA", "a_", "a a", "A A", "a.b", "A.B", "a\"b", "A\"b", "", " ", "@",
    "`", "[", "{", "Z", "z", "_", "\x7f", "\xc3\xa9", "\xc3\x89", "\xc9",
    "\xe9", "0", "select", "SELECT", "rowid2", "long name of seventy bytes "
    "that goes beyond the block in which a hash is made 0123456789",
    "Long name of seventy bytes that goes beyond the block in which a hash "
    "is made 0123456789", "long name of seventy bytes that goes beyond the "
    "block in which a hash is made 012345678_"};
#define NAMES_POOL SN_COUNT(names_pool)

static int namesAdd(Table *t, const char *name) {
  return snTableAdd(t, name, strlen(name), TYPE_INTEGER, false, NULL, NULL);
}

static int namesFind(const Table *t, const char *name) {
  return snTableColumn(t, name, strlen(name));
}

/* b is found in, and refused by, a table with a and `more` other columns. */
static bool namesMeet(const char *a, const char *b, u32 more) {
  Table *t = snTableNew(&names_budget, "t", 1);
  bool same = namesSame(a, b), good;
  char other[16];
  for (u32 i = 0; i < more; i++) {
    snprintf(other, sizeof other, "other%u", i);
    if (namesAdd(t, other)) return false;
  }
  good = !namesAdd(t, a) && (namesFind(t, b) == (int)more) == same;
  good = good && (namesFind(t, b) == -1) == !same;
  good = good && namesAdd(t, b) == (same ? SEINE_ERROR : SEINE_OK);
  good = good && t->ncol == more + 1 + !same && !strcmp(t->col[more].name, a);
  /* A column may always take its own name in another spelling. */
  good = good && snTableRenameColumn(t, more, b, strlen(b)) ==
      (same ? SEINE_OK : SEINE_ERROR);
  good = good && !strcmp(t->col[more].name, same ? b : a);
  snTableDrop(t);
  return good;
}

static Store *namesStore(const char *path) {
  StoreConfig c = {0};
  Store *s = NULL;
  c.vfs = snOsMemory();
  c.path = path;
  c.create = true;
  c.budget = &names_budget;
  if (snStoreOpen(&c, &s)) return NULL;
  snWriterSetWalk(s, snCatalogWalk, s);
  return s;
}

static Catalog *namesCatalog(Store *s) {
  Snapshot *n = NULL;
  Catalog *c = NULL;
  if (!snSnapshotOpen(s, &n)) snCatalogOpen(s, n, &c);
  snSnapshotDrop(n);
  return c;
}

static int namesPut(CatalogEdit *e, const char *name) {
  Table *t = snTableNew(&names_budget, name, strlen(name));
  TableState *s = NULL;
  int rc = t ? namesAdd(t, name) : SEINE_NOMEM;
  if (!rc) t->id = snCatalogEditNewId(e);
  if (!rc) s = snTableStateNew(&names_budget, t);
  if (!rc) rc = s ? snCatalogEditPut(e, s, true) : SEINE_NOMEM;
  snTableStateDrop(s);
  snTableDrop(t);
  return rc;
}

/* All names of the pool are put as tables; each is refused exactly when one
** like it is there.  from: of this one on, in a second transaction, so that
** the first ones are found in the base. */
static bool namesTables(const char *path, u32 from) {
  Store *s = namesStore(path);
  bool kept[NAMES_POOL] = {false}, good = s != NULL;
  Catalog *c = NULL;
  for (u32 part = 0; good && part < 2; part++) {
    CatalogEdit *e = NULL;
    Snapshot *n;
    good = !snWriterBegin(s, &n) && !snCatalogOpen(s, n, &c) &&
        !snCatalogEditBegin(s, c, &e);
    snCatalogDrop(c);
    for (u32 i = part ? from : 0; good && i < (part ? NAMES_POOL : from); i++) {
      TableState *have = NULL;
      int like = -1;
      for (u32 k = 0; k < i; k++)
        if (kept[k] && namesSame(names_pool[k], names_pool[i])) like = (int)k;
      good = !snCatalogEditFind(e, names_pool[i], strlen(names_pool[i]),
          &have) && (have != NULL) == (like >= 0);
      good = good && (!have || !strcmp(have->table->name, names_pool[like]));
      int rc = namesPut(e, names_pool[i]);
      good = good && rc == (like >= 0 ? SEINE_ERROR : SEINE_OK);
      kept[i] = !rc;
      if (!good) printf("# at \"%s\"\n", names_pool[i]);
    }
    good = good && !snCatalogEditCommit(e);
    snCatalogEditFree(e);
  }
  snStoreClose(s);
  s = namesStore(path);
  c = s ? namesCatalog(s) : NULL;
  for (u32 i = 0; good && i < NAMES_POOL; i++) {
    TableState *t = NULL;
    good = c && !snCatalogFind(c, names_pool[i], strlen(names_pool[i]), &t) &&
        t && namesSame(t->table->name, names_pool[i]) &&
        (!kept[i] || !strcmp(t->table->name, names_pool[i])) &&
        !strcmp(t->table->col[0].name, t->table->name);
  }
  snCatalogDrop(c);
  snStoreClose(s);
  return good;
}

static void namesRule(void) {
  bool few = true, many = true;
  for (u32 i = 0; i < NAMES_POOL; i++)
    for (u32 k = 0; k < NAMES_POOL; k++) {
      few &= namesMeet(names_pool[i], names_pool[k], 0);
      few &= namesMeet(names_pool[i], names_pool[k], 14);
      many &= namesMeet(names_pool[i], names_pool[k], 15);
      many &= namesMeet(names_pool[i], names_pool[k], 40);
    }
  namesOk(few, "two names of columns, among few");
  namesOk(many, "and among many, where an index is");
  namesOk(namesTables("rule1", NAMES_POOL), "names of tables in an edit");
  namesOk(namesTables("rule2", NAMES_POOL / 2), "and those of its base");
}

/* ---- 2. bytes and lengths ----------------------------------------------- */

static void namesBytes(void) {
  Table *t = snTableNew(&names_budget, "t", 1);
  bool good = true;
  u32 n = 0;
  for (int b = 1; b < 256; b++) {
    char name[2] = {(char)b, 0};
    if (b >= 'a' && b <= 'z') good &= namesAdd(t, name) == SEINE_ERROR;
    else good &= !namesAdd(t, name) && namesFind(t, name) == (int)n++;
  }
  namesOk(good && t->ncol == 255 - 26, "a name of any byte but 0");
  good = snTableAdd(t, "a\0b", 3, TYPE_DATE, false, NULL, NULL) ==
      SEINE_ERROR && snTableRename(t, "a\0", 2) == SEINE_ERROR &&
      snTableRenameColumn(t, 0, "\0", 1) == SEINE_ERROR &&
      !snTableNew(&names_budget, "\0", 1) && !strcmp(t->name, "t") &&
      t->ncol == 255 - 26;
  namesOk(good, "which no name may have");
  snTableDrop(t);
}

static void namesLengths(void) {
  static const u32 lengths[] = {1, 2, 62, 63, 64, 65, 66, 127, 128, 129, 255,
      256, 1000, 16383, 16384, 100000};
  Table *t = snTableNew(&names_budget, "t", 1), *copy;
  static char name[100001], upper[100001];
  bool good = true;
  for (u32 pass = 0; pass < 2; pass++)
    for (u32 i = 0; i < SN_COUNT(lengths); i++) {
      u32 n = lengths[i];
      memset(name, pass ? 'y' : 'x', n);
      memset(upper, pass ? 'Y' : 'X', n);
      name[n] = upper[n] = 0;
      good &= namesFind(t, upper) == -1 && !namesAdd(t, name) &&
          namesFind(t, upper) == (int)(pass * SN_COUNT(lengths) + i);
      upper[n - 1] = '-';
      good &= namesFind(t, upper) == -1;
    }
  copy = snTableCopy(&names_budget, t);
  for (u32 i = 0; i < t->ncol; i++)
    good &= !strcmp(t->col[i].name, copy->col[i].name) &&
        strlen(copy->col[i].name) == lengths[i % SN_COUNT(lengths)];
  namesOk(good, "names of one to 100,000 bytes");
  snTableDrop(copy);
  snTableDrop(t);
}

/* ---- a database by SQL -------------------------------------------------- */

static seine *names_db;

static bool namesOpen(const char *file) {
  seine_close(names_db);
  int flags = SEINE_OPEN_READWRITE | SEINE_OPEN_CREATE;
  if (!seine_open_v2(file, &names_db, flags, "memory")) return true;
  printf("Bail out! no database: %s\n", seine_errmsg(names_db));
  exit(1);
}

static int namesRun(const char *sql) {
  return seine_exec(names_db, sql, NULL, NULL, NULL);
}

/* All values of an answer into b, a line each; false when it fails. */
static bool namesAsk(const char *sql, Buf *b) {
  seine_stmt *st = NULL;
  int rc = seine_prepare_v2(names_db, sql, -1, &st, NULL);
  snBufInit(b, &names_budget);
  while (!rc && (rc = seine_step(st)) == SEINE_ROW) {
    for (int i = 0; i < seine_column_count(st); i++) {
      const char *text = seine_column_text(st, i);
      snBufStr(b, text ? text : "NULL");
      snBufStr(b, "\n");
    }
    rc = SEINE_OK;
  }
  seine_finalize(st);
  return rc == SEINE_DONE;
}

static bool namesIs(const char *sql, const char *want) {
  Buf b;
  bool good = namesAsk(sql, &b) && !strcmp(snBufText(&b), want);
  if (!good)
    printf("# %.60s: got %.200s(%s), want %.200s\n", sql, snBufText(&b),
        seine_errmsg(names_db), want);
  snBufClear(&b);
  return good;
}

/* The name in double quotes. */
static const char *namesQuote(const char *name) {
  static char out[4][300];
  static u32 next;
  char *p = out[next++ % 4], *at = p;
  *at++ = '"';
  for (; *name; name++) {
    if (*name == '"') *at++ = '"';
    *at++ = *name;
  }
  *at++ = '"';
  *at = 0;
  return p;
}

/* ---- 3. CREATE statements ----------------------------------------------- */

/* A table with that name and a column of it, made by SQL; the statement that
** the database gives makes the like in another database. */
static bool namesRound(const char *name) {
  char sql[800], want[400];
  const char *q = namesQuote(name);
  Buf a, b, c;
  bool good;
  namesOpen(":memory:");
  snprintf(sql, sizeof sql, "CREATE TABLE %s(%s TEXT, \"x%s DATE)", q, q,
      namesQuote(name) + 1);
  good = !namesRun(sql);
  good = namesAsk("PRAGMA schema", &a) && good;
  if (!good) printf("# %s: %s\n", sql, seine_errmsg(names_db));
  const char *made = good ? snBufText(&a) + strlen(name) + 1 : "";
  namesOpen(":memory:");
  good = !strncmp(snBufText(&a), name, strlen(name)) && !namesRun(made);
  good = namesAsk("PRAGMA schema", &b) && good &&
      !strcmp(snBufText(&a), snBufText(&b));
  snprintf(sql, sizeof sql, "INSERT INTO %s(%s) VALUES ('v'); SELECT 1", q, q);
  good = good && !namesRun(sql);
  snprintf(sql, sizeof sql, "SELECT t.%s FROM %s t WHERE t MATCH 'v'", q, q);
  good = good && namesIs(sql, "v\n");
  snprintf(sql, sizeof sql, "PRAGMA table_list");
  good = namesAsk(sql, &c) && good;
  snprintf(want, sizeof want, "%s\n2\n1\n1\n", name);
  good = good && !strncmp(snBufText(&c), want, strlen(want));
  if (!good) printf("# \"%s\": %s", name, made);
  snBufClear(&a);
  snBufClear(&b);
  snBufClear(&c);
  return good;
}

static void namesRounds(void) {
  static const char *const words = "add all alter analyzer and array as asc "
      "begin between by case cast check collate column commit conflict "
      "constraint create cross cube current date default deferred delete "
      "desc distinct drop else end escape except exclusive exists explain "
      "extract false fetch filter first following for foreign from full glob "
      "group groups having if immediate in index inner insert intersect "
      "interval into is isnull join key last lateral left like limit match "
      "merge natural not notnull null nulls offset on optimize or order outer "
      "over partition pivot pragma preceding precision primary qualify range "
      "recursive references regexp release rename replace returning right "
      "rollback row rows savepoint select set sets table tablesample temp "
      "then timestamp to transaction trigger true truncate unbounded union "
      "unique update using vacuum values varying view when where window with "
      "within text integer count score make_array x e _ rowid2";
  char name[40];
  bool good = true;
  for (const char *p = words; *p;) {
    size_t n = strcspn(p, " ");
    snprintf(name, sizeof name, "%.*s", (int)n, p);
    if (namesRandom(2)) name[0] = (char)(name[0] & ~32);
    good &= namesRound(name);
    p += n + (p[n] == ' ');
  }
  namesOk(good, "words of the language as names");
  good = true;
  for (int b = 1; b < 128; b++) {
    snprintf(name, sizeof name, "%c", b);
    good &= namesRound(name);
    snprintf(name, sizeof name, "p%cq", b);
    good &= namesRound(name);
  }
  namesOk(good, "every character of ASCII");
  static const char *const odd[] = {"a b", "a\"b", "\"", "\"\"", "`", "a`b",
      "--", "a--b", "/*", "*/", "a;b", "'", "''", "a.b", "@t", "$1", "?",
      "1a", "12", "1.5", "x'41'", "\n", "a\nb", "\xc3\xa9", "\xc3\x89t\xc3\xa9",
      "\xe6\x97\xa5\xe6\x9c\xac", "\xf0\x9f\x90\x9f", "a\\b", "%s%n", "(", ")",
      "a,b", " a", "a ", "NULL", "[a]", "a::b"};
  good = true;
  for (u32 i = 0; i < SN_COUNT(odd); i++) good &= namesRound(odd[i]);
  static const char signs[] = "aB\"'`;-/*.() \n0_";
  for (u32 i = 0; i < 300; i++) {
    u32 n = 1 + namesRandom(8);
    for (u32 k = 0; k < n; k++) name[k] = signs[namesRandom(sizeof signs - 1)];
    name[n] = 0;
    good &= namesRound(name);
  }
  namesOk(good, "quotes, signs, UTF-8");
}

/* ---- 4. columns against an array ---------------------------------------- */

typedef struct NamesColumn { char name[16]; u32 id; } NamesColumn;

static void namesSpell(char out[16], u32 pool) {
  snprintf(out, 16, "name%u\xc3\xa9", namesRandom(pool));
  for (u32 i = 0; out[i]; i++)
    if (out[i] >= 'a' && out[i] <= 'z' && namesRandom(2)) out[i] -= 32;
}

static int namesModelFind(const NamesColumn *m, u32 n, const char *name) {
  for (u32 i = 0; i < n; i++)
    if (namesSame(m[i].name, name)) return (int)i;
  return -1;
}

static bool namesModelIs(const Table *t, const NamesColumn *m, u32 n) {
  bool good = t->ncol == n;
  for (u32 i = 0; good && i < n; i++)
    good = !strcmp(t->col[i].name, m[i].name) && t->col[i].id == m[i].id;
  return good;
}

static void namesColumns(u32 pool, const char *what) {
  static NamesColumn m[80];
  Table *t = snTableNew(&names_budget, "t", 1);
  u32 n = 0, next = 1;
  bool good = true;
  for (u32 step = 0; good && step < 6000; step++) {
    char name[16];
    namesSpell(name, pool);
    int at = namesModelFind(m, n, name);
    u32 k = n ? namesRandom(n) : 0;
    /* Long runs that grow and that shrink, over the border of the index. */
    u32 what_next = namesRandom(8) + (step / 500 % 2 ? 2 : 0);
    good = namesFind(t, name) == at;
    if (what_next < 5) {
      good = good && namesAdd(t, name) == (at < 0 ? SEINE_OK : SEINE_ERROR);
      if (at < 0) {
        m[n].id = next++;
        memcpy(m[n++].name, name, sizeof name);
      }
    } else if (n && what_next < 7) {
      bool can = at < 0 || at == (int)k;
      good = good && snTableRenameColumn(t, k, name, strlen(name)) ==
          (can ? SEINE_OK : SEINE_ERROR);
      if (can) memcpy(m[k].name, name, sizeof name);
    } else if (n) {
      snTableRemoveColumn(t, k);
      n--;
      memmove(m + k, m + k + 1, (n - k) * sizeof *m);
    }
    good = good && namesModelIs(t, m, n);
    if (step % 40 == 0) {
      Table *copy = snTableCopy(&names_budget, t);
      good = good && namesModelIs(copy, m, n) && copy->next_column == next;
      snTableDrop(t);
      t = copy;
    }
  }
  namesOk(good, what);
  snTableDrop(t);
}

/* ---- 5. by SQL ---------------------------------------------------------- */

static void namesRefused(void) {
  static const char *const no[] = {
      "CREATE TABLE t(x DATE)", "CREATE TABLE \"T\"(x DATE)",
      "CREATE TABLE n(a DATE, A TEXT)", "CREATE TABLE n(a DATE, \"a\" TEXT)",
      "CREATE TABLE n(rowid DATE)", "CREATE TABLE n(\"RowId\" DATE)",
      "CREATE TABLE n(_rowid_ DATE)", "ALTER TABLE t ADD a DATE",
      "ALTER TABLE t ADD B DATE", "ALTER TABLE t ADD rowid DATE",
      "ALTER TABLE t ADD \"_ROWID_\" DATE",
      "ALTER TABLE t RENAME a TO b",
      "ALTER TABLE t RENAME a TO B", "ALTER TABLE t RENAME nosuch TO c",
      "ALTER TABLE t RENAME TO u", "ALTER TABLE t RENAME TO U",
      "ALTER TABLE nosuch RENAME TO x", "ALTER TABLE t DROP nosuch",
      "DROP TABLE nosuch", "DROP TABLE \"t \"", "ALTER TABLE t DROP rowid",
      "INSERT INTO t(a, A) VALUES (1, 2)", "UPDATE t SET a = 1, \"A\" = 2",
      "SELECT \"a \" FROM t", "SELECT x.a FROM t", "SELECT 't'.a FROM t",
      "CREATE TABLE select(a DATE)", "CREATE TABLE n(from DATE)",
      "CREATE TABLE n(1a DATE)", "CREATE TABLE 'n'(a DATE)",
      "CREATE TABLE n('a' DATE)", "CREATE TABLE a.b(a DATE)"};
  bool good = true;
  namesOpen(":memory:");
  good = !namesRun("CREATE TABLE t(a INTEGER, b TEXT); CREATE TABLE U(x TEXT)");
  for (u32 i = 0; i < SN_COUNT(no); i++) {
    bool taken = namesRun(no[i]) != SEINE_ERROR;
    if (taken) printf("# taken: %s\n", no[i]);
    good &= !taken;
  }
  good &= namesIs("SELECT count(*) FROM t, u", "0\n");
  good &= namesIs("PRAGMA schema", "t\nCREATE TABLE t(a INTEGER, b TEXT)\n"
      "U\nCREATE TABLE U(x TEXT)\n");
  namesOk(good, "names that are refused change nothing");
}

static void namesSequences(void) {
  /* Statements and what a question gives then. */
  static const struct { const char *run, *ask, *want; } step[] = {
      {"CREATE TABLE Tab(One INTEGER, two TEXT); INSERT INTO tAB VALUES "
       "(1, 'x')", "SELECT ONE, \"TWO\", taB.One FROM \"TAB\"", "1\nx\n1\n"},
      {"ALTER TABLE tab RENAME TO TAB", "PRAGMA schema",
       "TAB\nCREATE TABLE TAB(One INTEGER, two TEXT)\n"},
      {"ALTER TABLE tab RENAME one TO ONE; ALTER TABLE tab RENAME Two TO Two",
       "PRAGMA table_info(tab)", "0\nONE\nINTEGER\n0\nNULL\nNULL\n0\n"
       "1\nTwo\nTEXT\n0\nNULL\nstandard\n0\n"},
      {"CREATE TABLE o(a TEXT); ALTER TABLE Tab RENAME TO tmp; ALTER TABLE o "
       "RENAME TO tab; ALTER TABLE tmp RENAME TO o", "SELECT * FROM O",
       "1\nx\n"},
      {"INSERT INTO tab VALUES ('new')", "SELECT a FROM TAB", "new\n"},
      {"ALTER TABLE o RENAME one TO z; ALTER TABLE o RENAME two TO one; "
       "ALTER TABLE o RENAME z TO two", "SELECT One, Two FROM o", "x\n1\n"},
      {"ALTER TABLE o DROP ONE; ALTER TABLE o ADD one DATE",
       "SELECT * FROM o", "1\nNULL\n"},
      {"DROP TABLE o; CREATE TABLE O(two DATE)", "SELECT count(*) FROM o",
       "0\n"},
      {"BEGIN; ALTER TABLE tab RENAME TO p; CREATE TABLE tab(b REAL); INSERT "
       "INTO tab VALUES (1); DROP TABLE o; ALTER TABLE tab RENAME TO O; "
       "ROLLBACK", "SELECT a FROM tab", "new\n"},
      {"BEGIN; DROP TABLE tab; CREATE TABLE TAB(c REAL); ALTER TABLE tab ADD "
       "a TEXT; INSERT INTO tab VALUES (2, 'q'); COMMIT", "SELECT * FROM tab",
       "2.0\nq\n"},
      {"CREATE TABLE c(c INTEGER); INSERT INTO c VALUES (3)",
       "SELECT c.c FROM c AS C WHERE C = 3", "3\n"},
      {"CREATE TABLE IF NOT EXISTS \"TAB\"(other DATE)", "SELECT a FROM tab",
       "q\n"},
      {"ALTER TABLE c RENAME c TO \"a b\"; ALTER TABLE c RENAME TO \"c d\"",
       "SELECT \"A B\", `a B` FROM \"C D\"", "3\n3\n"},
      {"ALTER TABLE \"c d\" RENAME \"A b\" TO \"select\"",
       "SELECT \"SELECT\" + 1 FROM `c d`", "4\n"}};
  bool good = true;
  namesOpen("sequences");
  for (u32 i = 0; i < SN_COUNT(step); i++) {
    int rc = namesRun(step[i].run);
    if (rc) printf("# %s: %s\n", step[i].run, seine_errmsg(names_db));
    good &= !rc && namesIs(step[i].ask, step[i].want);
    if (i % 3 == 2) namesOpen("sequences");
    good &= namesIs(step[i].ask, step[i].want);
  }
  namesOk(good && namesIs("PRAGMA integrity_check", "ok\n"),
      "names in another case, exchanged, freed, taken again");
}

/* ---- 6. a model of tables ----------------------------------------------- */

#define NAMES_TABLES 12
#define NAMES_COLUMNS 24

typedef struct NamesTable {
  char name[16];
  u32 ncol, rows;
  NamesColumn col[NAMES_COLUMNS];
} NamesTable;
typedef struct NamesModel { u32 n; NamesTable t[NAMES_TABLES]; } NamesModel;

static int namesTableFind(const NamesModel *m, const char *name) {
  for (u32 i = 0; i < m->n; i++)
    if (namesSame(m->t[i].name, name)) return (int)i;
  return -1;
}

/* One random statement on both; false when they differ about it. */
static bool namesStep(NamesModel *m) {
  char sql[300], name[16], to[16], was[16];
  namesSpell(name, 8);
  namesSpell(to, 8);
  int at = namesTableFind(m, name), other = namesTableFind(m, to);
  NamesTable *t = at < 0 ? NULL : m->t + at;
  int k = t ? namesModelFind(t->col, t->ncol, to) : -1;
  bool can = t != NULL;
  switch (namesRandom(9)) {
  case 0: case 1:
    snprintf(sql, sizeof sql, "CREATE TABLE %s(%s INTEGER)", name, to);
    can = !t && m->n < NAMES_TABLES;
    if (!t && !can) return true;
    if (!can) break;
    t = m->t + m->n++;
    memset(t, 0, sizeof *t);
    memcpy(t->name, name, sizeof name);
    memcpy(t->col[t->ncol++].name, to, sizeof to);
    break;
  case 2:
    snprintf(sql, sizeof sql, "DROP TABLE %s", name);
    if (!can) break;
    m->n--;
    memmove(t, t + 1, (m->n - (u32)at) * sizeof *t);
    break;
  case 3: case 4:
    snprintf(sql, sizeof sql, "ALTER TABLE %s RENAME TO %s", name, to);
    can = can && (other < 0 || other == at);
    if (can) memcpy(t->name, to, sizeof to);
    break;
  case 5: case 6:
    snprintf(sql, sizeof sql, "ALTER TABLE %s ADD %s INTEGER", name, to);
    can = can && k < 0;
    if (!can) break;
    memcpy(t->col[t->ncol++].name, to, sizeof to);
    break;
  case 7:
    namesSpell(was, 8);
    snprintf(sql, sizeof sql, "ALTER TABLE %s RENAME %s TO %s", name, was, to);
    other = t ? namesModelFind(t->col, t->ncol, was) : -1;
    can = other >= 0 && (k < 0 || k == other);
    if (can) memcpy(t->col[other].name, to, sizeof to);
    break;
  default:
    snprintf(sql, sizeof sql, "INSERT INTO %s(%s) VALUES (7)", name, to);
    can = can && k >= 0;
    if (can) t->rows++;
  }
  int rc = namesRun(sql);
  if (rc == (can ? SEINE_OK : SEINE_ERROR)) return true;
  printf("# %s: %d %s\n", sql, rc, seine_errmsg(names_db));
  return false;
}

/* The tables by name, whatever their order. */
static bool namesModelSame(const NamesModel *m) {
  char sql[100], want[600];
  bool good = true;
  Buf b;
  good = namesAsk("PRAGMA table_list", &b);
  u32 lines = 0;
  for (const char *p = snBufText(&b); *p; p++) lines += *p == '\n';
  snBufClear(&b);
  good = good && lines == 5 * m->n;
  for (u32 i = 0; good && i < m->n; i++) {
    const NamesTable *t = m->t + i;
    u32 at = 0;
    for (u32 k = 0; k < t->ncol; k++)
      at += (u32)snprintf(want + at, sizeof want - at,
          "%u\n%s\nINTEGER\n0\nNULL\nNULL\n0\n", k, t->col[k].name);
    snprintf(sql, sizeof sql, "PRAGMA table_info(%s)", t->name);
    good = namesIs(sql, want);
    snprintf(sql, sizeof sql, "SELECT count(*) FROM %s", t->name);
    snprintf(want, sizeof want, "%u\n", t->rows);
    good = good && namesIs(sql, want);
  }
  return good;
}

static void namesModel(void) {
  static NamesModel m, back;
  bool good = true, open = false;
  namesOpen("model");
  memset(&m, 0, sizeof m);
  for (u32 i = 0; good && i < 2500; i++) {
    if (!namesRandom(12)) {
      bool keep = namesRandom(3) > 0;
      good = !namesRun(!open ? "BEGIN" : keep ? "COMMIT" : "ROLLBACK");
      if (!open) back = m;
      else if (!keep) m = back;
      open = !open;
    } else if (!namesRandom(60)) {
      namesOpen("model"); /* a transaction that is open is undone */
      if (open) m = back;
      open = false;
    }
    good = good && namesStep(&m);
    if (i % 9 == 0) good = good && namesModelSame(&m);
  }
  if (open) good = good && !namesRun("COMMIT");
  namesOk(good && namesModelSame(&m), "2,500 random changes by SQL");
  namesOpen("model");
  namesOk(namesModelSame(&m) && namesIs("PRAGMA integrity_check", "ok\n"),
      "and all is there when opened again");
}

static void namesMany(void) {
  char sql[120];
  bool good;
  namesOpen("many");
  good = !namesRun("BEGIN");
  for (u32 i = 0; good && i < 1500; i++) {
    snprintf(sql, sizeof sql, "CREATE TABLE \"Many %u\"(c%u INTEGER)", i, i);
    good = !namesRun(sql);
  }
  good = good && namesRun("CREATE TABLE \"many 700\"(x DATE)") == SEINE_ERROR;
  good = good && !namesRun("COMMIT");
  for (u32 i = 0; good && i < 1500; i += 3) {
    if (i % 9 == 6) continue;
    if (i % 9 == 0) snprintf(sql, sizeof sql, "DROP TABLE \"MANY %u\"", i);
    else
      snprintf(sql, sizeof sql, "ALTER TABLE \"many %u\" RENAME TO m%u", i, i);
    good = !namesRun(sql);
    if (i % 300 == 0) namesOpen("many");
  }
  namesOpen("many");
  for (u32 i = 0; good && i < 1500; i++) {
    bool gone = i % 9 == 0, moved = i % 9 == 3;
    snprintf(sql, sizeof sql, "SELECT count(c%u) FROM \"mANY %u\"", i, i);
    if (gone || moved) good = namesRun(sql) == SEINE_ERROR;
    else good = namesIs(sql, "0\n");
    if (!moved || !good) continue;
    snprintf(sql, sizeof sql, "SELECT count(c%u) FROM M%u", i, i);
    good = namesIs(sql, "0\n");
  }
  namesOk(good && namesIs("PRAGMA quick_check", "ok\n"), "1,500 tables");
}

int main(void) {
  namesRule();
  namesBytes();
  namesLengths();
  namesRounds();
  namesColumns(12, "6,000 changes of few columns");
  namesColumns(60, "and of many");
  namesRefused();
  namesSequences();
  namesModel();
  namesMany();
  seine_close(names_db);
  namesOk(names_budget.used == 0, "no memory is left");
  printf("1..%d\n", test_count);
  return test_failed != 0;
}
