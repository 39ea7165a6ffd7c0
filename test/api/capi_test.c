/*
** capi_test: connections and statements, through seine.h alone.
**   1. open: flags, names of I/O systems, what cannot be opened, close
**   2. errors: code, message, offset, hint, and when they are forgotten
**   3. prepare: lengths, tails, nothing, several statements
**   4. parameters: numbers, names, range
**   5. step, reset, counters of a run; statements that outlive their schema
**   6. exec, changes, rowids, complete, memory, mprintf
*/
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "seine.h"

static int test_count, test_failed;

static int testOk(int ok, const char *name) {
  printf("%sok %d - %s\n", ok ? "" : "not ", ++test_count, name);
  test_failed += !ok;
  return ok;
}

static void testStr(const char *got, const char *want, const char *name) {
  int ok = got && want ? !strcmp(got, want) : got == want;
  if (!testOk(ok, name))
    printf("#    got: %s\n# wanted: %s\n", got ? got : "NULL",
        want ? want : "NULL");
}

static void testNum(int64_t got, int64_t want, const char *name) {
  if (!testOk(got == want, name))
    printf("#    got: %lld\n# wanted: %lld\n", (long long)got,
        (long long)want);
}

static seine *db;

static void testOpen(void) {
  seine_close(db);
  if (!seine_open(":memory:", &db)) return;
  printf("Bail out! no database: %s\n", seine_errmsg(db));
  exit(1);
}

static int testRun(const char *sql) {
  return seine_exec(db, sql, NULL, NULL, NULL);
}

/* Fills t(a INTEGER), made here, with 1 .. n. */
static void testFill(int n) {
  char sql[100];
  int have = 1;
  testRun("CREATE TABLE t(a INTEGER); INSERT INTO t VALUES (1)");
  for (; have < n; have *= 2) {
    snprintf(sql, sizeof sql, "INSERT INTO t SELECT a + %d FROM t WHERE "
        "a <= %d", have, n - have);
    testRun(sql);
  }
}

static seine_stmt *testPrepare(const char *sql) {
  seine_stmt *st;
  if (seine_prepare_v2(db, sql, -1, &st, NULL) || !st) {
    printf("Bail out! %s: %s\n", sql, seine_errmsg(db));
    exit(1);
  }
  return st;
}

/* The first value of sql, -1 when there is none. */
static int64_t testInt(seine *c, const char *sql) {
  seine_stmt *st = NULL;
  int64_t v = -1;
  if (!seine_prepare_v2(c, sql, -1, &st, NULL) && st &&
      seine_step(st) == SEINE_ROW) {
    v = seine_column_int64(st, 0);
  }
  seine_finalize(st);
  return v;
}

/* ---- 1. Open and close -------------------------------------------------- */

static int testTry(const char *file, int flags, const char *vfs) {
  seine *c = NULL;
  int rc = seine_open_v2(file, &c, flags, vfs);
  int sane = c && seine_errcode(c) == rc && *seine_errmsg(c) &&
      seine_error_offset(c) == -1 && !*seine_error_hint(c);
  seine_close(c);
  return sane ? rc : -1;
}

static void testFlags(void) {
  enum { RO = SEINE_OPEN_READONLY, RW = SEINE_OPEN_READWRITE,
    NEW = SEINE_OPEN_CREATE };
  FILE *f;
  seine *c;
  testNum(testTry("f.seine", RW, NULL), SEINE_CANTOPEN, "no CREATE, no file");
  testNum(testTry("f.seine", RO, NULL), SEINE_CANTOPEN, "READONLY, no file");
  testNum(access("f.seine", F_OK), -1, "neither left a file");
  testNum(testTry("f.seine", RW | NEW, "nosuch"), SEINE_CANTOPEN, "no vfs");
  testNum(testTry("no/f.seine", RW | NEW, NULL), SEINE_CANTOPEN, "no folder");
  testNum(testTry(".", RW | NEW, NULL) == SEINE_OK, 0, "a folder");
  testNum(testTry("f.seine", RW | NEW, "unix"), SEINE_OK, "CREATE makes it");
  testNum(testTry("f.seine", RW, NULL), SEINE_OK, "then it is there");
  testNum(testTry("f.seine", RO | SEINE_OPEN_NOMAP, NULL), SEINE_OK,
      "READONLY and NOMAP");
  f = fopen("bad.seine", "wb");
  if (f) {
    for (int i = 0; i < 20000; i++) fputc('x', f);
    fclose(f);
  }
  testNum(testTry("bad.seine", RW, NULL), SEINE_NOTADB, "20,000 times x");
  testNum(testTry("bad.seine", RO, NULL), SEINE_NOTADB, "the same, READONLY");

  seine_open("f.seine", &c);
  testNum(seine_exec(c, "CREATE TABLE t(a INTEGER); INSERT INTO t VALUES (7)",
      NULL, NULL, NULL), SEINE_OK, "a table in it");
  seine_close(c);
  for (int nomap = 0; nomap < 2; nomap++) {
    static const char *const writes[] = {"INSERT INTO t VALUES (1)",
      "DELETE FROM t", "UPDATE t SET a = 1", "CREATE TABLE u(a TEXT)",
      "DROP TABLE t", "ALTER TABLE t RENAME TO u", "OPTIMIZE t"};
    seine_open_v2("f.seine", &c, RO | (nomap ? SEINE_OPEN_NOMAP : 0), NULL);
    for (size_t i = 0; i < sizeof writes / sizeof *writes; i++) {
      testNum(seine_exec(c, writes[i], NULL, NULL, NULL), SEINE_READONLY,
          writes[i]);
    }
    testNum(seine_errcode(c), SEINE_READONLY, "the code stays");
    testNum(testInt(c, "SELECT sum(a) FROM t"), 7, "the row is unharmed");
    testNum(seine_get_autocommit(c), 1, "no transaction was left");
    seine_close(c);
  }
}

static void testMemory(void) {
  static const char *const names[] = {":memory:", "", NULL};
  seine *c[3];
  for (int i = 0; i < 3; i++) {
    testNum(seine_open(names[i], &c[i]), SEINE_OK, "a database in memory");
    testNum(seine_exec(c[i], "CREATE TABLE t(a INTEGER)", NULL, NULL, NULL),
        SEINE_OK, "is private");
  }
  for (int i = 0; i < 3; i++) seine_close(c[i]);
  testNum(access(":memory:", F_OK), -1, "and no file");
}

static void testClose(void) {
  seine *c;
  seine_stmt *st[3];
  testNum(seine_close(NULL), SEINE_OK, "close(NULL)");
  testNum(seine_finalize(NULL), SEINE_OK, "finalize(NULL)");
  seine_open("close.seine", &c);
  seine_exec(c, "CREATE TABLE t(a INTEGER); INSERT INTO t VALUES (1), (2);"
      "BEGIN; INSERT INTO t VALUES (3)", NULL, NULL, NULL);
  for (int i = 0; i < 3; i++) {
    seine_prepare_v2(c, "SELECT a FROM t", -1, &st[i], NULL);
    if (i) testNum(seine_step(st[i]), SEINE_ROW, "a statement under way");
  }
  testNum(seine_close(c), SEINE_OK, "close ends them");
  seine_open("close.seine", &c);
  testNum(testInt(c, "SELECT count(*) FROM t"), 2,
      "and the transaction was rolled back");
  seine_close(c);
  seine_open_v2("no/such", &c, SEINE_OPEN_READWRITE, NULL);
  st[0] = NULL;
  testOk(seine_prepare_v2(c, "SELECT 1", -1, &st[0], NULL) != SEINE_OK &&
      !st[0], "a connection that did not open prepares nothing");
  testOk(seine_exec(c, "SELECT 1", NULL, NULL, NULL) != SEINE_OK,
      "nor runs anything");
  testNum(seine_get_autocommit(c), 1, "autocommit of it");
  testNum(seine_changes64(c) + seine_total_changes64(c) +
      seine_last_insert_rowid(c) + seine_memory_used(c) +
      seine_memory_highwater(c), 0, "counters of it");
  testNum(seine_busy_timeout(c, 5), SEINE_MISUSE, "busy_timeout of it");
  seine_close(c);
}

/* ---- 2. Errors ---------------------------------------------------------- */

static void testErrors(void) {
  static const struct {
    const char *sql;
    int rc, offset;
    const char *in_message, *hint_has;
  } cases[] = {
    {"SELECT nosuch FROM t", SEINE_ERROR, 7, "nosuch", ""},
    {"SELECT hots FROM t", SEINE_ERROR, 7, "hots", "host"},
    {"SELECT 1 FROM tt", SEINE_ERROR, 14, "tt", "t"},
    {"SELECT\n\n  lenght(host) FROM t", SEINE_ERROR, 10, "lenght", "length"},
    {"SELECT '\xc3\xa9', hots FROM t", SEINE_ERROR, 13, "hots", "host"},
    {"SELECT (1 + 2", SEINE_ERROR, 13, "", ""},
    {"SELECT 1 1 FROM t", SEINE_ERROR, 9, "", ""},
    {"SELECT 'open", SEINE_ERROR, 7, "", ""},
    {"INSERT INTO t(host, nope) VALUES ('a', 1)", SEINE_ERROR, 20, "nope", ""},
  };
  seine_stmt *st;
  testOpen();
  testRun("CREATE TABLE t(host TEXT, n INTEGER)");
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    int rc = seine_prepare_v2(db, cases[i].sql, -1, &st, NULL);
    testNum(rc, cases[i].rc, cases[i].sql);
    testNum(seine_errcode(db), rc, "errcode is what was returned");
    testOk(!st, "no statement");
    testNum(seine_error_offset(db), cases[i].offset, "offset");
    if (!testOk(strstr(seine_errmsg(db), cases[i].in_message) &&
        strstr(seine_error_hint(db), cases[i].hint_has), "message, hint")) {
      printf("# %s (%s)\n", seine_errmsg(db), seine_error_hint(db));
    }
  }
  testNum(seine_prepare_v2(db, "SELECT 1", -1, &st, NULL), SEINE_OK, "success");
  testOk(seine_errcode(db) == SEINE_OK && seine_error_offset(db) == -1 &&
      !*seine_error_hint(db) && *seine_errmsg(db), "forgets the error");
  seine_finalize(st);
  testOk(seine_errcode(NULL) == SEINE_NOMEM && *seine_errmsg(NULL),
      "no connection at all: memory is gone");
  for (int rc = -1; rc < 200; rc++) {
    if (!seine_errstr(rc) || !*seine_errstr(rc)) testOk(0, "errstr");
  }
  testOk(strcmp(seine_errstr(SEINE_BUSY), seine_errstr(SEINE_FULL)) != 0 &&
      !strcmp(seine_errstr(2), seine_errstr(9999)), "errstr");
}

/* An error while running: the row before it was given, the next step begins
** again. */
static void testRunError(void) {
  seine_stmt *st;
  testOpen();
  testRun("CREATE TABLE t(a INTEGER NOT NULL)");
  st = testPrepare("INSERT INTO t VALUES (?)");
  seine_bind_null(st, 1);
  testNum(seine_step(st), SEINE_CONSTRAINT, "NULL into NOT NULL");
  testOk(strstr(seine_errmsg(db), "t.a") &&
          seine_errcode(db) == SEINE_CONSTRAINT,
      "its message");
  seine_bind_int64(st, 1, INT64_MAX);
  testNum(seine_step(st), SEINE_DONE, "the same statement, another value");
  testNum(seine_errcode(db), SEINE_OK, "and the error is forgotten");
  seine_finalize(st);
  st = testPrepare("SELECT a + 1 FROM t");
  testNum(seine_step(st), SEINE_ERROR, "9223372036854775807 + 1");
  testNum(seine_step(st), SEINE_ERROR, "once more");
  testOk(!seine_column_text(st, 0) &&
      seine_column_type(st, 0) == SEINE_NULL, "no row, no value");
  seine_finalize(st);
  testNum(testInt(db, "SELECT count(*) FROM t"), 1, "one row was stored");
}

/* ---- 3. Prepare --------------------------------------------------------- */

static void testTails(void) {
  static const char text[] = "SELECT 1; SELECT 'a;b' AS \"x;y\" ; -- c;\n"
      " /* d; */ VALUES (3) ;; ; SELECT 4";
  static const char *const want[] = {"SELECT 1;", " SELECT 'a;b' AS \"x;y\" ;",
    " -- c;\n /* d; */ VALUES (3) ;", " SELECT 4"};
  static const char *const value[] = {"1", "a;b", "3", "4"};
  const char *at = text;
  int n = 0;
  testOpen();
  while (*at) {
    seine_stmt *st;
    const char *from = at;
    if (seine_prepare_v2(db, at, -1, &st, &at) || at <= from) {
      testOk(0, "a tail that goes on");
      return;
    }
    if (!st) continue;
    if (n < 4) {
      const char *s = seine_sql(st);
      while (*s == ' ' || *s == ';') s++;
      while (*from == ' ' || *from == ';') from++;
      testOk(!strncmp(s, from, strlen(s)) && *s, "the text is kept");
      s = strstr(want[n], s);
      testOk(s != NULL, "and only of this statement");
      testOk(seine_step(st) == SEINE_ROW, "runs");
      testStr(seine_column_text(st, 0), value[n], "its value");
      testNum(seine_step(st), SEINE_DONE, "one row");
    }
    n++;
    seine_finalize(st);
  }
  testNum(n, 4, "four statements");
  testNum(at - text, (int64_t)sizeof text - 1, "the tail is the end");
}

static void testNothing(void) {
  static const char *const blank[] = {"", " \t\n", "-- a", "/* b */", ";", ";;",
    "-- a\n/* b */ ;"};
  for (size_t i = 0; i < sizeof blank / sizeof *blank; i++) {
    seine_stmt *st = (seine_stmt *)(uintptr_t)1;
    const char *tail = NULL;
    int rc = seine_prepare_v2(db, blank[i], -1, &st, &tail);
    testOk(!rc && !st && tail > blank[i] - 1 &&
        tail <= blank[i] + strlen(blank[i]), "nothing to compile");
  }
}

/* The bytes behind n are not looked at. */
static void testLengths(void) {
  static const char *const sql = "SELECT 123; garbage";
  static const int cut[] = {8, 9, 10, 11};
  static const int64_t value[] = {1, 12, 123, 123};
  seine_stmt *st;
  const char *tail;
  for (int i = 0; i < 4; i++) {
    size_t n = (size_t)cut[i];
    char *copy = malloc(n);
    if (!copy) exit(1);
    memcpy(copy, sql, n);
    testNum(seine_prepare_v2(db, copy, cut[i], &st, &tail), SEINE_OK, "cut");
    testOk(tail == copy + n, "the tail of a cut text");
    free(copy);
    testNum(seine_step(st), SEINE_ROW, "steps after its text is freed");
    testNum(seine_column_int64(st, 0), value[i], "the digits that remained");
    seine_finalize(st);
  }
  testNum(seine_prepare_v2(db, sql, 1000, &st, &tail), SEINE_OK,
      "n beyond the 0 byte");
  testStr(tail, " garbage", "ends at the 0 byte");
  seine_finalize(st);
  testOk(!seine_prepare_v2(db, sql, 0, &st, &tail) && !st && tail == sql,
      "n = 0 is nothing");
  testNum(seine_prepare_v2(db, sql + 11, -1, &st, &tail), SEINE_ERROR,
      "garbage");
}

static void testReadonly(void) {
  static const struct { const char *sql; int readonly; } cases[] = {
    {"SELECT * FROM t", 1}, {"VALUES (1)", 1}, {"EXPLAIN DELETE FROM t", 1},
    {"INSERT INTO t VALUES (1)", 0}, {"UPDATE t SET a = 2", 0},
    {"DELETE FROM t", 0}, {"CREATE TABLE u(a TEXT)", 0},
    {"DROP TABLE t", 0}, {"OPTIMIZE", 0},
  };
  testOpen();
  testRun("CREATE TABLE t(a INTEGER)");
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    seine_stmt *st = testPrepare(cases[i].sql);
    testNum(seine_stmt_readonly(st), cases[i].readonly, cases[i].sql);
    testOk(seine_db_handle(st) == db, "its connection");
    seine_finalize(st);
  }
}

/* ---- 4. Parameters ------------------------------------------------------ */

static void testNames(void) {
  static const char *const name[] = {":a", NULL, "@b", "$c", "?7", NULL};
  static const int number[] = {2, 3, 4, 5, 7, 6};
  seine_stmt *st = testPrepare("SELECT ?, :a, ?, @b, $c, :a, ?7, ?1");
  testNum(seine_bind_parameter_count(st), 7, "the largest number");
  for (int i = 0; i < 6; i++) {
    const char *got = seine_bind_parameter_name(st, number[i]);
    testStr(got, name[i], "the name of a parameter");
    if (!name[i]) continue;
    testNum(seine_bind_parameter_index(st, name[i]), number[i], name[i]);
  }
  testOk(!seine_bind_parameter_name(st, 0) && !seine_bind_parameter_name(st, 8)
      && !seine_bind_parameter_name(st, -1), "no such name");
  testNum(seine_bind_parameter_index(st, "a") +
      seine_bind_parameter_index(st, ":A") +
      seine_bind_parameter_index(st, "") +
      seine_bind_parameter_index(st, ":aa"), 0, "no such index");
  for (int i = 1; i <= 7; i++) seine_bind_int64(st, i, i * 11);
  testNum(seine_step(st), SEINE_ROW, "steps");
  static const int64_t want[] = {11, 22, 33, 44, 55, 22, 77, 11};
  for (int i = 0; i < 8; i++)
    testNum(seine_column_int64(st, i), want[i], "a parameter by its name");
  seine_finalize(st);
}

static void testRange(void) {
  static const int bad[] = {0, -1, 3, 1000, INT32_MAX, INT32_MIN};
  seine_stmt *st = testPrepare("SELECT ?, ?");
  seine_bind_int64(st, 1, 5);
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    testOk(seine_bind_null(st, bad[i]) == SEINE_RANGE &&
        seine_bind_int64(st, bad[i], 1) == SEINE_RANGE &&
        seine_bind_double(st, bad[i], 1) == SEINE_RANGE &&
        seine_bind_text(st, bad[i], "x", 1) == SEINE_RANGE &&
        seine_bind_blob(st, bad[i], "x", 1) == SEINE_RANGE &&
        seine_errcode(db) == SEINE_RANGE, "no such parameter");
  }
  testNum(seine_bind_text(st, 2, "x", INT32_MAX), SEINE_TOOBIG,
      "a length of 2 GiB");
  testNum(seine_bind_blob(st, 2, "x", INT32_MAX), SEINE_TOOBIG,
      "as a blob");
  testNum(seine_step(st), SEINE_ROW, "it still runs");
  testOk(seine_column_int64(st, 0) == 5 &&
      seine_column_type(st, 1) == SEINE_NULL, "with what was bound");
  seine_finalize(st);
  st = testPrepare("SELECT 1");
  testNum(seine_bind_int64(st, 1, 1), SEINE_RANGE, "none to bind");
  testNum(seine_clear_bindings(st), SEINE_OK, "none to clear");
  seine_finalize(st);
}

/* ---- 5. Step and reset -------------------------------------------------- */

static void testSteps(void) {
  seine_stmt *st;
  testOpen();
  testNum(seine_step(NULL), SEINE_MISUSE, "step(NULL)");
  st = testPrepare("VALUES (1), (2), (?)");
  seine_bind_int64(st, 1, 3);
  for (int round = 0; round < 3; round++) {
    for (int i = 1; i <= 3; i++) {
      testNum(seine_step(st), SEINE_ROW, "a row");
      testNum(seine_column_int64(st, 0), i, "in its order");
    }
    testNum(seine_step(st), SEINE_DONE, "the end");
    testOk(!seine_column_text(st, 0), "no value behind the end");
  }
  testOk(seine_step(st) == SEINE_ROW && seine_step(st) == SEINE_ROW &&
      !seine_reset(st) && seine_step(st) == SEINE_ROW &&
      seine_column_int64(st, 0) == 1, "reset begins again");
  testOk(!seine_reset(st) && !seine_reset(st), "reset twice");
  testOk(!seine_column_text(st, 0) && seine_column_count(st) == 1,
      "no value after reset, but columns");
  seine_clear_bindings(st);
  testOk(seine_step(st) == SEINE_ROW && seine_step(st) == SEINE_ROW &&
      seine_step(st) == SEINE_ROW &&
      seine_column_type(st, 0) == SEINE_NULL, "cleared is NULL");
  seine_finalize(st);
}

/* More rows than a window holds, and the counters of the run. */
static void testWindows(void) {
  seine_stmt *st;
  int64_t n = 0, sum = 0;
  int rc;
  testOpen();
  testFill(10000);
  st = testPrepare("SELECT a FROM t");
  while ((rc = seine_step(st)) == SEINE_ROW) {
    n++;
    sum += seine_column_int64(st, 0);
  }
  testOk(rc == SEINE_DONE && n == 10000 && sum == 50005000, "10,000 rows");
  testNum(seine_stmt_status(st, SEINE_STMTSTATUS_WINDOWS), 3,
      "are three windows of 4,096");
  testOk(seine_stmt_status(st, SEINE_STMTSTATUS_WALL_US) > 0, "time passed");
  testNum(seine_stmt_status(st, 0) + seine_stmt_status(st, 4) +
      seine_stmt_status(st, -1), 0, "no such counters");
  seine_finalize(st);
}

static void testSchema(void) {
  seine_stmt *st, *late;
  testOpen();
  testRun("CREATE TABLE t(a INTEGER, b TEXT); INSERT INTO t VALUES (1, 'x')");
  st = testPrepare("SELECT * FROM t WHERE a = ?");
  seine_bind_int64(st, 1, 1);
  testOk(seine_step(st) == SEINE_ROW && seine_column_count(st) == 2, "before");
  seine_reset(st);
  testRun("ALTER TABLE t ADD COLUMN c REAL; ALTER TABLE t ADD COLUMN d TEXT;"
      "UPDATE t SET c = 2.5, d = 'dd'");
  testOk(seine_step(st) == SEINE_ROW && seine_column_count(st) == 4,
      "two more columns");
  testStr(seine_column_text(st, 3), "dd", "the value of a new column");
  testStr(seine_column_name(st, 2), "c", "its name");
  seine_reset(st);
  testRun("ALTER TABLE t DROP COLUMN b; ALTER TABLE t RENAME COLUMN c TO cc");
  testOk(seine_step(st) == SEINE_ROW && seine_column_count(st) == 3,
      "one fewer");
  testStr(seine_column_name(st, 1), "cc", "a new name");
  testStr(seine_column_text(st, 2), "dd", "the last moved up");
  seine_reset(st);
  testRun("DROP TABLE t");
  testNum(seine_step(st), SEINE_ERROR, "its table is gone");
  testNum(seine_step(st), SEINE_ERROR, "and stays so");
  testOk(strstr(seine_errmsg(db), "t") != NULL, "which is told");
  testRun("CREATE TABLE t(a TEXT); INSERT INTO t VALUES ('1')");
  testNum(seine_step(st), SEINE_ROW, "until there is one again");
  testOk(seine_column_count(st) == 1 &&
      seine_column_type(st, 0) == SEINE_TEXT, "with other columns");
  seine_finalize(st);

  testRun("CREATE TABLE u(a INTEGER); INSERT INTO u VALUES (1), (2), (3)");
  late = testPrepare("SELECT a FROM u");
  testNum(seine_step(late), SEINE_ROW, "a reader under way");
  testNum(testRun("INSERT INTO u VALUES (4)"), SEINE_OK, "a row comes");
  testNum(testRun("DELETE FROM u WHERE a = 3"), SEINE_OK, "a row goes");
  testNum(testRun("DROP TABLE u"), SEINE_OK, "its table goes");
  int64_t sum = seine_column_int64(late, 0);
  while (seine_step(late) == SEINE_ROW) sum += seine_column_int64(late, 0);
  testNum(sum, 6, "it saw one snapshot: 1 + 2 + 3");
  testNum(seine_step(late), SEINE_ERROR, "and the next run sees no table");
  seine_finalize(late);
}

/* ---- 6. The rest -------------------------------------------------------- */

typedef struct Seen {
  int calls, stop;
  char text[200];
} Seen;

static int testSee(void *arg, int n, char **v, char **name) {
  Seen *s = arg;
  size_t k = strlen(s->text);
  for (int i = 0; i < n; i++) {
    k += (size_t)snprintf(s->text + k, sizeof s->text - k, "%s=%s,", name[i],
        v[i] ? v[i] : "~");
  }
  return ++s->calls == s->stop;
}

static void testExec(void) {
  Seen s = {0};
  char *msg = (char *)(uintptr_t)1;
  testOpen();
  testNum(seine_exec(db, "CREATE TABLE t(a INTEGER); INSERT INTO t VALUES (1);"
      "SELECT a, NULL AS n FROM t; -- c\n; SELECT 'x' AS y", testSee, &s,
      &msg), SEINE_OK, "a list of statements");
  testStr(s.text, "a=1,n=~,y=x,", "what the callback saw");
  testOk(!msg, "no message");
  s = (Seen){.stop = 2};
  testNum(seine_exec(db, "VALUES (1), (2), (3); INSERT INTO t VALUES (9)",
      testSee, &s, &msg), SEINE_INTERRUPT, "a callback that stops");
  testNum(s.calls, 2, "at once");
  testOk(msg && !strcmp(msg, seine_errmsg(db)), "with a message");
  seine_free(msg);
  testNum(testInt(db, "SELECT count(*) FROM t"), 1, "the rest did not run");
  s = (Seen){0};
  testNum(seine_exec(db, "INSERT INTO t VALUES (5); SELECT nosuch;"
      "INSERT INTO t VALUES (6)", testSee, &s, &msg), SEINE_ERROR, "an error");
  testOk(msg && strstr(msg, "nosuch"), "its message");
  seine_free(msg);
  testNum(testInt(db, "SELECT count(*) FROM t"), 2,
      "what stood before it lasts, what stood behind did not run");
  testNum(testRun(""), SEINE_OK, "nothing to run");
  seine_free(NULL);
}

static void testChanges(void) {
  static const struct {
    const char *sql;
    int64_t changes, total, rowid;
  } cases[] = {
    {"CREATE TABLE t(a INTEGER)", 0, 0, 0},
    {"INSERT INTO t VALUES (1), (2), (3)", 3, 3, 3},
    {"SELECT * FROM t", 3, 3, 3},
    {"UPDATE t SET a = a + 1 WHERE a > 1", 2, 5, -1},
    {"DELETE FROM t WHERE a > 100", 0, 5, -1},
    {"DELETE FROM t WHERE a = 3", 1, 6, -1},
    {"INSERT INTO t SELECT a FROM t", 2, 8, -1},
  };
  testOpen();
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    testNum(testRun(cases[i].sql), SEINE_OK, cases[i].sql);
    testNum(seine_changes64(db), cases[i].changes, "changes");
    testNum(seine_total_changes64(db), cases[i].total, "of all");
    if (cases[i].rowid < 0) continue;
    testNum(seine_last_insert_rowid(db), cases[i].rowid, "the last rowid");
  }
  testNum(testInt(db, "SELECT max(rowid) FROM t"),
      seine_last_insert_rowid(db), "the last rowid is that of the last row");
}

static void testComplete(void) {
  static const struct { const char *sql; int yes; } cases[] = {
    {"", 0}, {"SELECT 1", 0}, {"SELECT 1;", 1}, {"SELECT 1; ", 1},
    {";", 1}, {"SELECT 1; -- c", 1}, {"SELECT 1 -- ;", 0},
    {"SELECT 1 -- ;\n;", 1}, {"SELECT ';", 0}, {"SELECT ';'", 0},
    {"SELECT ';';", 1}, {"SELECT 'it''s;", 0}, {"SELECT \"a;", 0},
    {"SELECT `a;", 0}, {"SELECT `a`;", 1}, {"/* ;", 0},
    {"SELECT 1; SELECT 2", 0}, {"SELECT /*;*/ 1;/**/\n", 1},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    testNum(seine_complete(cases[i].sql), cases[i].yes, cases[i].sql);
}

static void testUsage(void) {
  int64_t before, high;
  seine_stmt *st;
  char *s;
  testOpen();
  testFill(2000);
  testRun("CREATE TABLE u(a TEXT)");
  before = seine_memory_used(db);
  testOk(before > 0 && seine_memory_highwater(db) >= before, "memory in use");
  st = testPrepare("SELECT a FROM u ORDER BY a");
  testRun("INSERT INTO u SELECT repeat('x', 1000) || a FROM t");
  testNum(seine_step(st), SEINE_ROW, "a sort under way");
  high = seine_memory_highwater(db);
  testOk(high >= 2000 * 1000, "two million bytes were held at once");
  testOk(seine_memory_used(db) <= high, "never more than the highest");
  seine_finalize(st);
  testRun("DROP TABLE u");
  testOk(seine_memory_used(db) < high && seine_memory_highwater(db) >= high,
      "what is given back is not counted, but remembered");
  s = seine_mprintf("%s|%5d|%-4s|%.2f|%lld|%%", "a", 42, "b", 1.5,
      (long long)INT64_MIN);
  testStr(s, "a|   42|b   |1.50|-9223372036854775808|%", "mprintf");
  seine_free(s);
  s = seine_malloc(100000);
  testOk(s != NULL, "malloc");
  if (s) memset(s, 1, 100000);
  seine_free(s);
  s = seine_mprintf("%0100000d", 1);
  testOk(s && strlen(s) == 100000 && s[99999] == '1', "a long one");
  seine_free(s);
  testStr(seine_libversion(), SEINE_VERSION, "the version");
}

int main(void) {
  testFlags();
  testMemory();
  testClose();
  testErrors();
  testRunError();
  testTails();
  testNothing();
  testLengths();
  testReadonly();
  testNames();
  testRange();
  testSteps();
  testWindows();
  testSchema();
  testExec();
  testChanges();
  testComplete();
  testUsage();
  seine_close(db);
  printf("1..%d\n", test_count);
  return test_failed != 0;
}
