/*
** capi_txn_test: what goes on between connections, threads and loads, through
** seine.h alone.
**   1. two connections: what one sees of the other, and when
**   2. busy: handler, timeout, and nothing done by the one that waited
**   3. stopping: progress handler, interrupt from another thread
**   4. transactions of one connection and its statements
**   5. loads: every format in pieces, given up, stopped, beside statements
**   6. tracing: what begins, gives rows, is over, and with what time
*/
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "seine.h"

static int test_count, test_failed;

static int testOk(int ok, const char *name) {
  printf("%sok %d - %s\n", ok ? "" : "not ", ++test_count, name);
  test_failed += !ok;
  return ok;
}

static void testNum(int64_t got, int64_t want, const char *name) {
  if (!testOk(got == want, name))
    printf("#    got: %lld\n# wanted: %lld\n", (long long)got,
        (long long)want);
}

static int testRun(seine *c, const char *sql) {
  return seine_exec(c, sql, NULL, NULL, NULL);
}

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

static int64_t testCount(seine *c) {
  return testInt(c, "SELECT count(*) FROM t");
}

/* Two connections to one new file with t(a INTEGER), one row: 1. */
static seine *one, *two;

static void testPair(void) {
  seine_close(one);
  seine_close(two);
  unlink("pair.seine");
  if (seine_open("pair.seine", &one) || testRun(one,
      "CREATE TABLE t(a INTEGER); INSERT INTO t VALUES (1)") ||
      seine_open("pair.seine", &two)) {
    printf("Bail out! no database\n");
    exit(1);
  }
}

static int64_t testMillis(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Fills big(a INTEGER) with 1 .. 2^power. */
static void testFill(seine *c, int power) {
  char sql[100];
  testRun(c, "CREATE TABLE big(a INTEGER); INSERT INTO big VALUES (1)");
  for (int i = 0; i < power; i++) {
    snprintf(sql, sizeof sql, "INSERT INTO big SELECT a + %d FROM big",
        1 << i);
    testRun(c, sql);
  }
}

/* ---- 1. Two connections ------------------------------------------------- */

static void testSees(void) {
  seine_stmt *st;
  testPair();
  testNum(testRun(one, "BEGIN; INSERT INTO t VALUES (2), (3)"), SEINE_OK,
      "one writes");
  testNum(testCount(one), 3, "and sees it");
  testNum(testCount(two), 1, "two does not yet");
  testNum(testRun(one, "COMMIT"), SEINE_OK, "one commits");
  testNum(testCount(two), 3, "two sees it");
  testRun(one, "BEGIN; DELETE FROM t; CREATE TABLE u(b TEXT)");
  testNum(testInt(two, "SELECT count(*) FROM u"), -1, "no table for two yet");
  testRun(one, "ROLLBACK");
  testNum(testInt(one, "SELECT count(*) FROM u"), -1, "nor for one any more");
  testNum(testCount(one) + testCount(two), 6, "all rows are back");

  seine_prepare_v2(two, "SELECT a FROM t", -1, &st, NULL);
  testNum(seine_step(st), SEINE_ROW, "two reads");
  testNum(testRun(one, "UPDATE t SET a = a + 100"), SEINE_OK,
      "a reader keeps no writer out");
  int64_t sum = seine_column_int64(st, 0);
  while (seine_step(st) == SEINE_ROW) sum += seine_column_int64(st, 0);
  testNum(sum, 6, "a statement keeps its snapshot");
  while (seine_step(st) == SEINE_ROW) sum += seine_column_int64(st, 0);
  testNum(sum, 6 + 306, "its next run has the new one");
  seine_finalize(st);

  testRun(two, "BEGIN");
  testNum(testCount(two), 3, "a transaction that reads");
  testRun(one, "DELETE FROM t WHERE a = 101");
  testNum(testCount(two), 3, "keeps its snapshot");
  testNum(testInt(two, "SELECT min(a) FROM t"), 101, "in every statement");
  testRun(two, "COMMIT");
  testNum(testCount(two), 2, "until it ends");
  testNum(seine_total_changes64(two), 0, "two changed nothing");
}

/* A statement that was compiled before the other changed the tables. */
static void testOtherSchema(void) {
  seine_stmt *st;
  testPair();
  seine_prepare_v2(two, "SELECT * FROM t", -1, &st, NULL);
  testOk(seine_step(st) == SEINE_ROW && seine_column_count(st) == 1,
      "one column");
  testNum(testRun(one, "ALTER TABLE t ADD COLUMN b TEXT;"
      "UPDATE t SET b = 'x'"), SEINE_OK, "the other adds one");
  testOk(seine_column_count(st) == 1 && seine_column_int64(st, 0) == 1,
      "not under a run");
  seine_reset(st);
  testOk(seine_step(st) == SEINE_ROW && seine_column_count(st) == 2 &&
      !strcmp(seine_column_text(st, 1), "x"), "in the next run");
  seine_reset(st);
  testRun(one, "DROP TABLE t");
  testNum(seine_step(st), SEINE_ERROR, "the other dropped the table");
  seine_finalize(st);
  seine_prepare_v2(one, "SELECT 1", -1, &st, NULL);
  testRun(two, "CREATE TABLE t(z INTEGER)");
  testNum(seine_step(st), SEINE_ROW, "a statement without tables");
  seine_finalize(st);
  testNum(testCount(one), 0, "a table of the other");
}

/* ---- 2. Busy ------------------------------------------------------------ */

typedef struct Busy {
  int calls, limit, in_order;
  const char *then; /* what one does in call `limit` */
} Busy;

static int testBusyFn(void *arg, int count) {
  Busy *b = arg;
  b->in_order += count == b->calls;
  if (++b->calls < b->limit) return 1;
  if (!b->then) return 0;
  if (b->calls == b->limit) testRun(one, b->then);
  return 1;
}

static void testBusy(void) {
  Busy b = {.limit = 4};
  seine_stmt *st;
  int64_t t;
  testPair();
  testRun(one, "BEGIN; INSERT INTO t VALUES (2)");
  testNum(seine_busy_handler(two, testBusyFn, &b), SEINE_OK, "a handler");
  testNum(testRun(two, "INSERT INTO t VALUES (3)"), SEINE_BUSY, "gives up");
  testOk(b.calls == 4 && b.in_order == 4, "called with 0, 1, 2, 3");
  testOk(seine_errcode(two) == SEINE_BUSY && *seine_errmsg(two) &&
      seine_get_autocommit(two), "busy leaves no transaction");
  testNum(testCount(two), 1, "and reading goes on");

  b = (Busy){.limit = 3, .then = "COMMIT"};
  testNum(testRun(two, "INSERT INTO t VALUES (3)"), SEINE_OK,
      "one commits while two waits");
  testNum(b.calls, 3, "then no more calls");
  testNum(testInt(one, "SELECT sum(a) FROM t"), 6, "both rows are there");

  testRun(one, "BEGIN; UPDATE t SET a = a * 10");
  b = (Busy){.limit = 1, .then = "COMMIT"};
  testNum(testRun(two, "UPDATE t SET a = a + 1"), SEINE_OK,
      "what waited sees what it waited for");
  testNum(testInt(one, "SELECT sum(a) FROM t"), 63, "10 + 20 + 30 + 3");

  testRun(one, "BEGIN; ALTER TABLE t ADD COLUMN b INTEGER DEFAULT 5");
  b = (Busy){.limit = 1, .then = "COMMIT"};
  seine_prepare_v2(two, "INSERT INTO t(a) VALUES (?)", -1, &st, NULL);
  seine_bind_int64(st, 1, 7);
  testNum(seine_step(st), SEINE_DONE, "the table changed while two waited");
  seine_finalize(st);
  testNum(testInt(one, "SELECT b FROM t WHERE a = 7"), 5, "its default");
  testRun(one, "BEGIN; DROP TABLE t");
  b = (Busy){.limit = 1, .then = "COMMIT"};
  testNum(testRun(two, "INSERT INTO t(a) VALUES (8)"), SEINE_ERROR,
      "the table went while two waited");
  testNum(seine_get_autocommit(two), 1, "no transaction is left");
  testNum(testRun(one, "CREATE TABLE t(a INTEGER)"), SEINE_OK,
      "and no lock");

  testRun(one, "BEGIN; INSERT INTO t VALUES (1)");
  testNum(seine_busy_timeout(two, 300), SEINE_OK, "a timeout");
  t = testMillis();
  testNum(testRun(two, "DELETE FROM t"), SEINE_BUSY, "passes");
  t = testMillis() - t;
  testOk(t >= 250 && t < 5000, "after 300 ms");
  testNum(b.calls, 1, "a timeout replaces the handler");
  seine_busy_timeout(two, -5);
  t = testMillis();
  testNum(testRun(two, "DELETE FROM t"), SEINE_BUSY, "no timeout");
  testOk(testMillis() - t < 250, "gives up at once");
  testNum(testRun(two, "BEGIN IMMEDIATE"), SEINE_BUSY, "BEGIN IMMEDIATE");
  testNum(seine_get_autocommit(two), 1, "begins nothing");
  testNum(testRun(two, "BEGIN; SELECT count(*) FROM t"), SEINE_OK, "BEGIN");
  testNum(testRun(two, "DELETE FROM t"), SEINE_BUSY, "a write in it");
  testNum(seine_get_autocommit(two), 0, "leaves it open");
  testNum(testRun(two, "ROLLBACK"), SEINE_OK, "to be rolled back");
  seine_close(one);
  one = NULL;
  testNum(testRun(two, "DELETE FROM t"), SEINE_OK,
      "closing the writer gives way");
  testNum(testRun(two, "INSERT INTO t VALUES (4)"), SEINE_OK, "and again");
  testNum(testCount(two), 1, "its open transaction is gone");
}

/* ---- 3. Stopping -------------------------------------------------------- */

static int testProgress(void *arg) { return --*(int *)arg == 0; }

static const char test_long[] = "SELECT count(*) FROM big a, big b, big c "
    "WHERE a.a + b.a + c.a < 0";

static void testProgresses(void) {
  seine *c;
  int left = 3, many = 1 << 30;
  seine_open(":memory:", &c);
  testFill(c, 15);
  seine_progress_handler(c, testProgress, &left);
  testNum(testRun(c, test_long), SEINE_INTERRUPT, "the third call stops");
  testNum(left, 0, "and is the last");
  testNum(seine_errcode(c), SEINE_INTERRUPT, "the code");
  left = 1;
  testNum(testRun(c, "UPDATE big SET a = a + 1"), SEINE_INTERRUPT,
      "a write that is stopped");
  left = 1 << 30;
  testNum(testInt(c, "SELECT sum(a) FROM big"), 32768LL * 32769 / 2,
      "did nothing");
  testNum(seine_get_autocommit(c), 1, "and left no transaction");
  seine_progress_handler(c, testProgress, &many);
  testNum(testInt(c, "SELECT sum(a) FROM big"), 32768LL * 32769 / 2,
      "a handler that lets it run");
  testOk((1 << 30) - many >= 4 && (1 << 30) - many < 1000,
      "is called about once per 4,096 of 32,768 rows");
  seine_progress_handler(c, NULL, NULL);
  left = 1;
  testNum(testInt(c, "SELECT count(*) FROM big"), 32768, "removed");
  testNum(left, 1, "it is not called");
  seine_close(c);
}

typedef struct Killer {
  seine *db;
  atomic_int over;
} Killer;

static void *testKill(void *arg) {
  Killer *k = arg;
  while (!atomic_load(&k->over)) {
    usleep(30000);
    seine_interrupt(k->db);
  }
  return NULL;
}

static void testInterrupt(void) {
  static const char *const sql[] = {test_long,
    "INSERT INTO big SELECT a.a FROM big a, big b, big c "
      "WHERE a.a + b.a + c.a < 0",
    "SELECT a.a, count(*) FROM big a, big b, big c GROUP BY a.a",
    "SELECT max(x) FROM (SELECT a.a * b.a + c.a AS x FROM big a, big b, "
      "big c ORDER BY x)"};
  pthread_t thread;
  Killer k;
  int64_t t;
  seine_open(":memory:", &k.db);
  testFill(k.db, 13);
  seine_interrupt(k.db);
  testNum(testInt(k.db, "SELECT count(*) FROM big"), 8192,
      "an interrupt while nothing runs stops nothing");
  for (size_t i = 0; i < sizeof sql / sizeof *sql; i++) {
    atomic_init(&k.over, 0);
    if (pthread_create(&thread, NULL, testKill, &k)) exit(1);
    t = testMillis();
    testNum(testRun(k.db, sql[i]), SEINE_INTERRUPT, sql[i]);
    t = testMillis() - t;
    atomic_store(&k.over, 1);
    pthread_join(thread, NULL);
    if (!testOk(t < 5000, "soon")) printf("# after %lld ms\n", (long long)t);
    testNum(testInt(k.db, "SELECT count(*) FROM big"), 8192,
        "and the next statement runs");
  }
  seine_close(k.db);
}

/* ---- 4. Transactions ---------------------------------------------------- */

static void testTransactions(void) {
  seine_stmt *in, *get;
  testPair();
  testNum(seine_get_autocommit(one), 1, "autocommit");
  testNum(testRun(one, "COMMIT"), SEINE_ERROR, "COMMIT without BEGIN");
  testNum(testRun(one, "ROLLBACK"), SEINE_ERROR, "ROLLBACK without BEGIN");
  testRun(one, "BEGIN");
  testNum(seine_get_autocommit(one), 0, "inside");
  testNum(testRun(one, "BEGIN"), SEINE_ERROR, "BEGIN inside");
  testNum(seine_get_autocommit(one), 0, "is still inside");
  seine_prepare_v2(one, "INSERT INTO t VALUES (?)", -1, &in, NULL);
  seine_prepare_v2(one, "SELECT sum(a) FROM t", -1, &get, NULL);
  for (int i = 2; i <= 5; i++) {
    seine_bind_int64(in, 1, i);
    testNum(seine_step(in), SEINE_DONE, "one more row");
    testNum(seine_step(get) == SEINE_ROW ? seine_column_int64(get, 0) : -1,
        i * (i + 1) / 2, "seen at once");
    seine_reset(get);
  }
  testNum(testRun(one, "INSERT INTO t VALUES (6), ('no number')"),
      SEINE_ERROR, "a statement that fails");
  testNum(testCount(one), 5, "stores none of its rows");
  testNum(seine_get_autocommit(one), 0, "and the transaction goes on");
  testNum(testRun(one, "ROLLBACK"), SEINE_OK, "rolled back");
  testNum(seine_step(get) == SEINE_ROW ? seine_column_int64(get, 0) : -1, 1,
      "a prepared statement sees what was before");
  seine_reset(get);
  testNum(seine_step(in), SEINE_DONE, "a prepared insert runs on its own");
  testNum(testCount(two), 2, "and is committed");
  seine_finalize(in);
  seine_finalize(get);
  testRun(one, "BEGIN; INSERT INTO t VALUES (9)");
  seine_prepare_v2(one, "SELECT a FROM t", -1, &get, NULL);
  testNum(seine_step(get), SEINE_ROW, "a reader under way");
  testNum(testRun(one, "COMMIT"), SEINE_OK, "COMMIT beside it");
  int n = 1;
  while (seine_step(get) == SEINE_ROW) n++;
  testNum(n, 3, "the reader goes on");
  seine_finalize(get);
  testNum(testCount(two), 3, "and it is committed");
}

/* ---- 5. Loads ----------------------------------------------------------- */

static const struct {
  const char *name, *in;
  int format;
  int64_t lines, rows, rejects;
  const char *check; /* is true */
} test_loads[] = {
  {"NDJSON", "{\"a\":1,\"b\":\"x\"}\n{\"a\":2,\"b\":\"\\u00e9\\n\"}\nbad\n",
    SEINE_IMPORT_NDJSON, 3, 2, 1,
    "SELECT sum(a) = 3 AND max(length(b)) = 2 FROM t"},
  {"CSV", "a,b\r\n1,\"x,\"\"y\"\"\r\nz\"\r\n2,\n", SEINE_IMPORT_CSV, 2, 2, 0,
    "SELECT sum(a) = 3 AND max(length(b)) = 8 FROM t"},
  {"TSV", "a\tb\n1\tx\n2\t,\n", SEINE_IMPORT_TSV, 2, 2, 0,
    "SELECT sum(a) = 3 AND max(b) = 'x' FROM t"},
  {"lines", "one\n\n\xe6\x97\xa5", SEINE_IMPORT_LINES, 3, 3, 0,
    "SELECT min(line) = '' AND max(length(line)) = 3 FROM t"},
  {"access", "10.0.0.1 - - [10/Oct/2025:13:55:36 -0700] \"GET /a HTTP/1.1\" "
    "200 2326\nnot a log line\n", SEINE_IMPORT_ACCESS, 2, 1, 1,
    "SELECT max(response) = 200 AND max(bytes) = 2326 FROM t"},
  {"AUTO", "{\"a\":[1,2]}\n{\"a\":[]}\n", SEINE_IMPORT_AUTO, 2, 2, 0,
    "SELECT count(*) = 2 FROM t"},
};

static void testPieces(void) {
  for (size_t i = 0; i < sizeof test_loads / sizeof *test_loads; i++) {
    const char *p = test_loads[i].in;
    size_t n = strlen(p);
    for (size_t piece = 1; piece <= n; piece += piece < 4 ? 1 : n / 3) {
      seine_import_stats s = {0}, end = {0};
      seine_import *imp;
      seine *c;
      int rc, ok;
      seine_open(":memory:", &c);
      rc = seine_import_begin(c, "t", test_loads[i].format, &imp);
      for (size_t at = 0; !rc && at < n; at += piece) {
        size_t k = n - at < piece ? n - at : piece;
        rc = seine_import_feed(imp, p + at, k);
        if (!rc) rc = seine_import_feed(imp, NULL, 0);
        seine_import_status(imp, &s);
        if (s.bytes != (int64_t)(at + k) || s.lines > test_loads[i].lines)
          rc = -1;
      }
      if (!rc) rc = seine_import_end(imp, 1, &end);
      ok = !rc && end.lines == test_loads[i].lines &&
          end.rows == test_loads[i].rows && end.created == 1 &&
          end.rejects == test_loads[i].rejects && end.bytes == (int64_t)n &&
          (end.format == test_loads[i].format ||
          (!test_loads[i].format && end.format == SEINE_IMPORT_NDJSON)) &&
          testInt(c, test_loads[i].check) == 1 &&
          testCount(c) == test_loads[i].rows &&
          (!end.rejects || testInt(c, "SELECT count(*) FROM t_rejects") ==
          end.rejects);
      if (!testOk(ok, test_loads[i].name)) {
        printf("# piece %zu: %d, %lld lines, %lld rows, %lld rejects: %s\n",
            piece, rc, (long long)end.lines, (long long)end.rows,
            (long long)end.rejects, seine_errmsg(c));
      }
      seine_close(c);
    }
  }
}

static int testFeedRows(seine_import *imp, int from, int to) {
  char line[60];
  int rc = SEINE_OK;
  for (int i = from; i < to && !rc; i++) {
    int n = snprintf(line, sizeof line, "{\"a\":%d}\n", i);
    rc = seine_import_feed(imp, line, (size_t)n);
  }
  return rc;
}

/* A load given up leaves nothing behind, wherever it stood. */
static void testAborts(void) {
  static const int rows[] = {0, 1, 300, 40000};
  seine_import_stats s;
  seine_import *imp;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    for (int made = 0; made < 2; made++) {
      const char *table = made ? "t" : "fresh";
      testPair();
      testNum(seine_import_begin(one, table, SEINE_IMPORT_NDJSON, &imp),
          SEINE_OK, "a load");
      testNum(testFeedRows(imp, 0, rows[i]), SEINE_OK, "some rows");
      seine_import_feed(imp, "{\"late\":[1", 10);
      testNum(seine_import_end(imp, 0, &s), SEINE_OK, "given up");
      testOk(testCount(one) == 1 && testCount(two) == 1 &&
          testInt(one, "SELECT count(*) FROM fresh") == -1 &&
          testInt(one, "SELECT count(*) FROM t_rejects") == -1 &&
          seine_get_autocommit(one) == 1, "nothing happened");
      testNum(testRun(two, "INSERT INTO t VALUES (2)"), SEINE_OK,
          "and the other may write");
    }
  }
}

static void testBeside(void) {
  seine_import *imp;
  seine_stmt *st;
  Busy b = {.limit = 2};
  testPair();
  seine_prepare_v2(one, "SELECT a FROM t", -1, &st, NULL);
  testNum(seine_step(st), SEINE_ROW, "a reader under way");
  testNum(seine_import_begin(one, "t", SEINE_IMPORT_NDJSON, &imp), SEINE_OK,
      "a load beside it");
  testNum(seine_get_autocommit(one), 0, "is a transaction");
  testNum(testFeedRows(imp, 0, 20000), SEINE_OK, "20,000 rows");
  seine_busy_handler(two, testBusyFn, &b);
  testNum(testRun(two, "INSERT INTO t VALUES (5)"), SEINE_BUSY,
      "keeps other writers out");
  testNum(testCount(two), 1, "but no readers");
  testNum(seine_import_end(imp, 1, NULL), SEINE_OK, "kept");
  testNum(seine_step(st), SEINE_DONE, "the reader saw one row");
  seine_finalize(st);
  testNum(testCount(two), 20001, "the other sees all");
  testNum(testInt(two, "SELECT sum(a) FROM t"), 19999LL * 20000 / 2 + 1,
      "and all is there");

  testNum(testRun(two, "BEGIN; INSERT INTO t VALUES (-1)"), SEINE_OK,
      "the other writes");
  seine_busy_timeout(one, 0);
  int rc = seine_import_begin(one, "t", SEINE_IMPORT_NDJSON, &imp);
  if (!rc) rc = testFeedRows(imp, 0, 10);
  if (imp) {
    int last = seine_import_end(imp, rc == SEINE_OK, NULL);
    if (!rc) rc = last;
  }
  testNum(rc, SEINE_BUSY, "so a load is busy");
  testNum(seine_get_autocommit(one), 1, "and leaves no transaction");
  testRun(two, "ROLLBACK");
  testNum(testCount(one), 20001, "nothing of either");

  int stop = 3;
  testRun(one, "BEGIN; INSERT INTO t VALUES (7)");
  seine_import_begin(one, "u", SEINE_IMPORT_NDJSON, &imp);
  seine_progress_handler(one, testProgress, &stop);
  testNum(testFeedRows(imp, 0, 50), SEINE_INTERRUPT, "a load is stopped");
  testNum(testFeedRows(imp, 0, 1), SEINE_INTERRUPT, "and stays so");
  seine_progress_handler(one, NULL, NULL);
  testOk(seine_import_end(imp, 1, NULL) == SEINE_INTERRUPT &&
      *seine_errmsg(one), "nor can it be kept");
  testNum(testRun(one, "ROLLBACK"), SEINE_OK, "the transaction is the user's");
  testNum(testCount(one), 20001, "and was rolled back");
  testOk(!seine_import_begin(one, "t", SEINE_IMPORT_NDJSON, &imp) &&
      !testFeedRows(imp, 0, 9) && !seine_import_end(imp, 1, NULL) &&
      testCount(one) == 20010, "the next load works");
}

static void testReadOnlyLoad(void) {
  seine_import *imp = NULL;
  seine *c;
  int rc;
  testPair();
  seine_open_v2("pair.seine", &c, SEINE_OPEN_READONLY, NULL);
  rc = seine_import_begin(c, "t", SEINE_IMPORT_NDJSON, &imp);
  if (!rc) rc = testFeedRows(imp, 0, 3);
  if (imp) {
    int last = seine_import_end(imp, rc == SEINE_OK, NULL);
    if (!rc) rc = last;
  }
  testNum(rc, SEINE_READONLY, "a load into what is only read");
  testNum(testCount(c), 1, "loads nothing");
  seine_close(c);
  testNum(testCount(one), 1, "and the file is as it was");
}

/* ---- 6. Tracing ---------------------------------------------------------- */

typedef struct TestTrace {
  int begun, over, rows, closed;
  int64_t ns;
  char sql[64];
  void *last;
} TestTrace;

static int testTraced(unsigned what, void *arg, void *p, void *x) {
  TestTrace *t = arg;
  t->last = p;
  if (what == SEINE_TRACE_STMT) {
    t->begun++;
    snprintf(t->sql, sizeof t->sql, "%s", (const char *)x);
  }
  if (what == SEINE_TRACE_PROFILE) t->over++, t->ns = *(int64_t *)x;
  if (what == SEINE_TRACE_ROW) t->rows++;
  if (what == SEINE_TRACE_CLOSE) t->closed++;
  return 0;
}

static void testTraces(void) {
  TestTrace t = {0};
  seine *c;
  seine_stmt *s;
  seine_open(":memory:", &c);
  testFill(c, 13);
  testNum(seine_trace_v2(c, 15, testTraced, &t), SEINE_OK, "set");
  seine_prepare_v2(c, "SELECT a FROM big LIMIT 5000", -1, &s, NULL);
  testNum(t.begun + t.over + t.rows, 0, "a prepare is no run");
  while (seine_step(s) == SEINE_ROW) continue;
  testNum(t.begun, 1, "it began");
  testNum(t.over, 1, "and is over");
  testNum(t.rows, 5000, "with its rows");
  testOk(t.last == s, "it is the statement");
  testOk(t.ns > 0, "that took its time");
  testOk(!strcmp(t.sql, "SELECT a FROM big LIMIT 5000"), "by its text");
  seine_reset(s);
  testNum(t.over, 1, "over once");
  seine_step(s);
  testNum(t.rows, 5001, "again: a row");
  testNum(t.over, 1, "not over");
  seine_reset(s);
  testNum(t.over, 2, "a reset ends it");
  testNum(testRun(c, "SELECT 9223372036854775807 + a FROM big"), SEINE_ERROR,
      "an error");
  testNum(t.begun - t.over, 0, "is an end");
  seine_trace_v2(c, SEINE_TRACE_CLOSE, testTraced, &t);
  seine_step(s);
  testNum(t.rows + t.begun, 5001 + 3, "what is not in the mask is not said");
  seine_close(c);
  testNum(t.closed, 1, "closed");
  testOk(t.last == c, "the connection");
  memset(&t, 0, sizeof t);
  seine_open(":memory:", &c);
  seine_trace_v2(c, 15, testTraced, &t);
  seine_trace_v2(c, 0, NULL, NULL);
  testRun(c, "SELECT 1");
  seine_close(c);
  testNum(t.begun + t.closed, 0, "removed");
}

int main(void) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  testSees();
  testOtherSchema();
  testBusy();
  testProgresses();
  testInterrupt();
  testTransactions();
  testPieces();
  testAborts();
  testBeside();
  testReadOnlyLoad();
  testTraces();
  seine_close(one);
  seine_close(two);
  printf("1..%d\n", test_count);
  return test_failed != 0;
}
