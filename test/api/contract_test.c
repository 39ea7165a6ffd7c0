/*
** contract_test: sentences of seine.h that stand between two functions.
**   1. columns follow CAST: the law, over many values
**   2. a run that ends early: reset, bind and clear under way, DONE, errors
**   3. limits: memory_limit, timeout; the connection is well afterwards
**   4. calls from inside calls: exec in a callback, busy beside a handler
**   5. an interrupt between steps, and with several statements under way
**   6. a load beside statements: what they do to its table and transaction
**   7. *db is set even when the open fails: what may be called then
*/
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "seine.h"

static int test_count, test_failed;

static int contractOk(int ok, const char *name) {
  printf("%sok %d - %s\n", ok ? "" : "not ", ++test_count, name);
  test_failed += !ok;
  return ok;
}

static void contractNum(int64_t got, int64_t want, const char *name) {
  if (!contractOk(got == want, name))
    printf("#    got: %lld\n# wanted: %lld\n", (long long)got,
        (long long)want);
}

static seine *db;

static void contractOpen(void) {
  seine_close(db);
  if (!seine_open(":memory:", &db)) return;
  printf("Bail out! no database: %s\n", seine_errmsg(db));
  exit(1);
}

static int contractRun(const char *sql) {
  return seine_exec(db, sql, NULL, NULL, NULL);
}

static seine_stmt *contractPrepare(const char *sql) {
  seine_stmt *st;
  if (seine_prepare_v2(db, sql, -1, &st, NULL) || !st) {
    printf("Bail out! %s: %s\n", sql, seine_errmsg(db));
    exit(1);
  }
  return st;
}

static int64_t contractInt(const char *sql) {
  seine_stmt *st = NULL;
  int64_t v = -1;
  if (!seine_prepare_v2(db, sql, -1, &st, NULL) && st &&
      seine_step(st) == SEINE_ROW) {
    v = seine_column_int64(st, 0);
  }
  seine_finalize(st);
  return v;
}

static void contractBig(int doublings) {
  contractRun("CREATE TABLE big(a INTEGER); INSERT INTO big VALUES (1)");
  for (int i = 0; i < doublings; i++) {
    char sql[80];
    snprintf(sql, sizeof sql, "INSERT INTO big SELECT a + %d FROM big",
        1 << i);
    contractRun(sql);
  }
}

/* ---- 1. Conversions ----------------------------------------------------- */

/* The value v cast to a type; where that fails or gives NULL, 0. */
static double contractCast(const char *v, const char *type, int64_t *i) {
  seine_stmt *st = NULL;
  char sql[200];
  double d = 0;
  *i = 0;
  snprintf(sql, sizeof sql, "SELECT CAST(%s AS %s)", v, type);
  if (!seine_prepare_v2(db, sql, -1, &st, NULL) &&
      seine_step(st) == SEINE_ROW) {
    *i = seine_column_int64(st, 0);
    d = seine_column_double(st, 0);
  }
  seine_finalize(st);
  return d;
}

/* A column read as a type is what the language casts it to. */
static void contractCasts(void) {
  static const char *const values[] = {"0", "-7", "9223372036854775807",
    "-9223372036854775807 - 1", "0.0", "-0.5", "0.5", "1.5", "2.5", "2.9",
    "-2.9", "1e18", "9.2e18", "1e-300", "TRUE", "FALSE", "'12'", "' 12 '",
    "'-0'", "'+5'", "'007'", "'2.75'", "'-2.75'", "'.5'", "'5.'", "'1e3'",
    "'12abc'", "'abc'", "''", "'0x10'", "'9223372036854775807'",
    "'\xd9\xa3'", "'1_000'", "'1 2'", "DATE '2026-01-03'", "DATE '1969-12-31'",
    "TIMESTAMP '2026-01-03 10:00:00.000001'", "CAST('7' AS KEYWORD)",
    "CAST('7.5' AS KEYWORD)"};
  for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
    const char *v = values[i];
    char sql[200];
    int64_t whole, unused;
    double real = contractCast(v, "REAL", &unused);
    contractCast(v, "INTEGER", &whole);
    snprintf(sql, sizeof sql, "SELECT %s, CAST(%s AS TEXT)", v, v);
    seine_stmt *st = contractPrepare(sql);
    int rc = seine_step(st);
    const char *a = seine_column_text(st, 0), *b = seine_column_text(st, 1);
    contractOk(rc == SEINE_ROW && a && b && !strcmp(a, b) &&
        seine_column_bytes(st, 0) == (int)strlen(b), v);
    if (!contractOk(seine_column_int64(st, 0) == whole, "as an integer"))
      printf("# %s: %lld, CAST %lld\n", v,
          (long long)seine_column_int64(st, 0), (long long)whole);
    if (!contractOk(seine_column_double(st, 0) == real, "as a real"))
      printf("# %s: %.17g, CAST %.17g\n", v, seine_column_double(st, 0),
          real);
    seine_finalize(st);
  }
}

/* ---- 2. Runs that end early --------------------------------------------- */

static void contractEarly(void) {
  seine_stmt *st;
  contractOpen();
  contractBig(13);
  st = contractPrepare("SELECT a + ?1, ?2 FROM big ORDER BY a");
  seine_bind_int64(st, 1, 10);
  seine_bind_text(st, 2, "kept", -1);
  contractOk(seine_step(st) == SEINE_ROW && seine_step(st) == SEINE_ROW &&
      seine_column_int64(st, 0) == 12, "the second row");
  contractNum(seine_bind_int64(st, 3, 1), SEINE_RANGE, "no third parameter");
  contractOk(seine_column_int64(st, 0) == 12 && seine_step(st) == SEINE_ROW &&
      seine_column_int64(st, 0) == 13, "the run goes on after it");
  contractNum(seine_reset(st), SEINE_OK, "reset");
  contractOk(seine_step(st) == SEINE_ROW && seine_column_int64(st, 0) == 11 &&
      !strcmp(seine_column_text(st, 1), "kept"), "keeps the parameters");
  seine_reset(st);
  seine_bind_int64(st, 1, 20);
  contractOk(seine_step(st) == SEINE_ROW && seine_column_int64(st, 0) == 21,
      "one of them bound anew, the other kept");
  int n = 1;
  while (seine_step(st) == SEINE_ROW) n++;
  contractNum(n, 8192, "to the end");
  contractOk(seine_step(st) == SEINE_ROW && seine_column_int64(st, 0) == 21,
      "after DONE the next step begins again");
  seine_finalize(st);
  /* Given up in the middle, a reader holds nothing. */
  st = contractPrepare("SELECT a FROM big");
  seine_step(st);
  seine_finalize(st);
  contractNum(contractRun("DROP TABLE big"), SEINE_OK, "nothing is held");
  st = contractPrepare("SELECT x + 9223372036854775807 FROM "
      "(VALUES (0), (-1), (1)) AS v(x)");
  for (int i = 0; i < 2; i++) {
    int rc;
    while ((rc = seine_step(st)) == SEINE_ROW) continue;
    contractOk(rc == SEINE_ERROR && seine_errcode(db) == rc,
        "an error under way, and again from the beginning");
    contractOk(!seine_column_text(st, 0) &&
        seine_column_type(st, 0) == SEINE_NULL, "no row behind an error");
  }
  contractNum(seine_finalize(st), SEINE_OK, "finalize");
}

/* ---- 3. Limits ---------------------------------------------------------- */

static int64_t contractMillis(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void contractLimits(void) {
  static const char *const hungry[] = {
    "SELECT a FROM big ORDER BY repeat('x', 3000) || a",
    "SELECT repeat('x', 3000) || a AS k, count(*) FROM big GROUP BY k",
    "SELECT count(DISTINCT repeat('x', 3000) || a) FROM big",
    "INSERT INTO words SELECT repeat('x', 3000) || a FROM big"};
  int64_t before, t;
  contractOpen();
  contractBig(13);
  contractRun("CREATE TABLE words(w KEYWORD); PRAGMA memory_limit = 12000000");
  for (size_t i = 0; i < sizeof hungry / sizeof *hungry; i++) {
    before = seine_memory_used(db);
    contractNum(contractRun(hungry[i]), SEINE_NOMEM, hungry[i]);
    contractOk(seine_errcode(db) == SEINE_NOMEM && *seine_errmsg(db) &&
        seine_memory_highwater(db) <= 12000000, "the limit was kept");
    contractOk(seine_memory_used(db) <= before + 1000000, "and all given back");
    contractNum(contractInt("SELECT sum(a) FROM big"), 4096LL * 8193,
        "the next statement runs");
    contractOk(contractInt("SELECT count(*) FROM words") == 0 &&
        seine_get_autocommit(db), "nothing was written");
  }
  contractRun("PRAGMA memory_limit = 0");
  contractNum(contractRun(hungry[0]), SEINE_OK, "without a limit it runs");

  contractRun("PRAGMA timeout = 60");
  t = contractMillis();
  contractNum(contractRun("SELECT count(*) FROM big a, big b, big c "
      "WHERE a.a + b.a + c.a < 0"), SEINE_INTERRUPT, "timeout");
  t = contractMillis() - t;
  if (!contractOk(t >= 55 && t < 3000, "when it was up"))
    printf("# after %lld ms\n", (long long)t);
  contractNum(contractInt("SELECT count(*) FROM big"), 8192,
      "a short statement is in time");
  contractRun("PRAGMA timeout = 0");
  contractNum(contractInt("SELECT count(*) FROM big a, big b WHERE a.a = b.a"),
      8192, "without a limit");
}

/* ---- 4. Calls inside calls ---------------------------------------------- */

static int contractInner(void *arg, int n, char **v, char **name) {
  char sql[100];
  (void)name;
  snprintf(sql, sizeof sql, "INSERT INTO copy VALUES (%s)", v[n - 1]);
  *(int *)arg += contractRun(sql) == SEINE_OK;
  return 0;
}

static void contractCalls(void) {
  int good = 0;
  contractOpen();
  contractRun("CREATE TABLE big(a INTEGER); CREATE TABLE copy(a INTEGER);"
      "INSERT INTO big VALUES (1), (2), (3)");
  contractNum(seine_exec(db, "SELECT a FROM big; SELECT a FROM copy",
      contractInner, &good, NULL), SEINE_OK, "exec inside exec");
  contractNum(good, 6, "three rows, then the three that were made");
  contractNum(contractInt("SELECT sum(a) FROM copy"), 12, "each twice");
  contractRun("BEGIN");
  contractNum(seine_exec(db, "SELECT a FROM copy", contractInner, &good,
      NULL), SEINE_OK, "inside a transaction too");
  contractNum(contractInt("SELECT count(*) FROM copy"), 12, "once each");
  contractRun("ROLLBACK");
  contractNum(contractInt("SELECT count(*) FROM copy"), 6, "taken back");
}

/* ---- 5. Interrupts ------------------------------------------------------ */

static void contractInterrupts(void) {
  seine_stmt *a, *b;
  contractOpen();
  contractBig(14);
  a = contractPrepare("SELECT a FROM big");
  b = contractPrepare("SELECT a FROM big ORDER BY a DESC");
  contractOk(seine_step(a) == SEINE_ROW && seine_step(b) == SEINE_ROW,
      "two under way");
  seine_interrupt(db);
  int rc, n = 0;
  while ((rc = seine_step(a)) == SEINE_ROW) n++;
  contractOk(rc == SEINE_INTERRUPT && n < 2 * 4096, "soon stops the first");
  while ((rc = seine_step(b)) == SEINE_ROW) n++;
  contractOk(rc == SEINE_INTERRUPT || rc == SEINE_DONE, "and the second");
  contractOk(seine_step(a) == SEINE_ROW && seine_step(b) == SEINE_ROW,
      "the next runs begin again");
  for (n = 1; seine_step(a) == SEINE_ROW;) n++;
  contractNum(n, 16384, "and come to their end");
  seine_finalize(a);
  seine_finalize(b);
}

/* ---- 6. A load beside statements ---------------------------------------- */

static int contractFeed(seine_import *imp, int from, int to) {
  char line[60];
  int rc = SEINE_OK;
  for (int i = from; i < to && !rc; i++) {
    int n = snprintf(line, sizeof line, "{\"a\":%d,\"b\":\"x%d\"}\n", i, i);
    rc = seine_import_feed(imp, line, (size_t)n);
  }
  return rc;
}

/* Half of the load is in the table when the statement comes.  Either it is
** refused or the load tells of it; the database is sound in any case. */
static void contractLoads(void) {
  static const char *const sql[] = {"SELECT count(*) FROM t",
    "INSERT INTO t VALUES (-1, 'mine')", "UPDATE t SET a = -a",
    "DELETE FROM t", "ALTER TABLE t ADD COLUMN c REAL",
    "ALTER TABLE t RENAME TO u",
    "ALTER TABLE t RENAME COLUMN a TO z", "DROP TABLE t", "OPTIMIZE t",
    "CREATE TABLE t_rejects(x INTEGER)", "BEGIN"};
  for (size_t i = 0; i < sizeof sql / sizeof *sql; i++) {
    seine_import *imp;
    seine_import_stats s = {0};
    contractOpen();
    contractRun("CREATE TABLE t(a INTEGER, b KEYWORD);"
        "INSERT INTO t VALUES (0, 'old')");
    if (seine_import_begin(db, "t", SEINE_IMPORT_NDJSON, &imp)) {
      contractOk(0, "begin");
      return;
    }
    int rc = contractFeed(imp, 1, 25001);
    int ran = contractRun(sql[i]);
    if (!rc) rc = contractFeed(imp, 25001, 30001);
    if (!rc) rc = seine_import_feed(imp, "bad\n", 4);
    int end = seine_import_end(imp, rc == SEINE_OK, &s);
    if (rc) end = rc;
    int64_t n = contractInt("SELECT count(*) FROM t");
    int sound = 0;
    seine_stmt *st = contractPrepare("PRAGMA integrity_check");
    if (seine_step(st) == SEINE_ROW)
      sound = !strcmp(seine_column_text(st, 0), "ok");
    seine_finalize(st);
    contractOk(sound, sql[i]);
    if (!contractOk(seine_get_autocommit(db) == 1, "no transaction is left"))
      printf("# the statement: %d, the load: %d\n", ran, end);
    if (ran && !contractOk(!end && n == 30001 && s.rows == 30000,
        "a statement refused does no harm")) {
      printf("# %s: %d, then %d, %lld rows\n", sql[i], ran, end, (long long)n);
    }
    if (end) contractOk(*seine_errmsg(db) != 0, "the load tells why");
  }
}

/* ---- 7. No session ------------------------------------------------------ */

static void contractBadOpen(void) {
  seine *c = NULL;
  seine_stmt *st = (seine_stmt *)(uintptr_t)1;
  const char *sql = "SELECT 1", *tail = NULL;
  char *msg = NULL;
  int rc = seine_open_v2("no/such/file", &c, SEINE_OPEN_READWRITE, NULL);
  contractOk(rc == SEINE_CANTOPEN && c && seine_errcode(c) == rc &&
      strstr(seine_errmsg(c), "no/such/file"), "the message names the file");
  contractOk(seine_prepare_v2(c, sql, -1, &st, &tail) == SEINE_CANTOPEN &&
      !st && tail == sql, "prepare");
  contractOk(seine_exec(c, sql, NULL, NULL, &msg) != SEINE_OK && msg,
      "exec, with its message");
  seine_free(msg);
  seine_interrupt(c);
  seine_progress_handler(c, NULL, NULL);
  seine_busy_handler(c, NULL, NULL);
  contractNum(seine_close(c), SEINE_OK, "close");
}

int main(void) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  contractOpen();
  contractCasts();
  contractEarly();
  contractLimits();
  contractCalls();
  contractInterrupts();
  contractBadOpen();
  contractLoads();
  seine_close(db);
  printf("1..%d\n", test_count);
  return test_failed != 0;
}
