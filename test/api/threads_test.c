/*
** threads_test: bulk statements under PRAGMA threads.
**   1. the rows, their order and the answers are those of one thread
**   2. a statement that fails or is undone leaves what was before
**   3. little input: no row, one row, fewer rows than threads
**   4. what comes between two pieces of a load sees its rows
**   5. an interrupt stops the threads
**   6. the memory limit holds
**   7. each allocation may fail
**   8. records that are no plain rows, of JSON, CSV and access logs: rejects,
**      new names, wider types, defaults; the same at each piece
*/
#include "api/apiInt.h"

static int test_count, test_failed;

static void testOk(bool ok, const char *fmt, ...) {
  va_list ap;
  printf("%sok %d - ", ok ? "" : "not ", ++test_count);
  va_start(ap, fmt);
  vprintf(fmt, ap);
  va_end(ap);
  printf("\n");
  test_failed += !ok;
}

/* ---- a database --------------------------------------------------------- */

static seine *db;

static void testOpen(void) {
  seine_close(db);
  if (!seine_open(":memory:", &db)) return;
  printf("Bail out! no database: %s\n", seine_errmsg(db));
  exit(1);
}

static int testExec(const char *fmt, ...) {
  char sql[1000];
  va_list ap;
  va_start(ap, fmt);
  vsnprintf(sql, sizeof sql, fmt, ap);
  va_end(ap);
  return seine_exec(db, sql, NULL, NULL, NULL);
}

/* All rows of a query as text: to be freed. */
static void testDump(Buf *b, const char *sql) {
  seine_stmt *st = NULL;
  if (seine_prepare_v2(db, sql, -1, &st, NULL))
    snBufPrintf(b, "error: %s", seine_errmsg(db));
  while (st && seine_step(st) == SEINE_ROW) {
    for (int i = 0; i < seine_column_count(st); i++) {
      const char *s = seine_column_text(st, i);
      snBufPrintf(b, "%s%s", i ? "|" : "", s ? s : "~");
    }
    snBufByte(b, '\n');
  }
  seine_finalize(st);
}

static i64 testInt(const char *sql) {
  Buf b;
  i64 v = -1;
  snBufInit(&b, NULL);
  testDump(&b, sql);
  if (b.n) snNumInt((char *)b.data, b.n - 1, &v);
  snBufClear(&b);
  return v;
}

static bool testSound(void) {
  Buf b;
  snBufInit(&b, NULL);
  testDump(&b, "PRAGMA integrity_check");
  bool ok = !strcmp(snBufText(&b), "ok\n");
  if (!ok) printf("# %s\n", (char *)b.data);
  snBufClear(&b);
  return ok;
}

/* ---- rows --------------------------------------------------------------- */

static u64 test_seed = 1;

static u32 testRandom(u32 n) {
  test_seed = test_seed * 6364136223846793005u + 1442695040888963407u;
  return (u32)((test_seed >> 33) % n);
}

/* Lines of JSON: words of a skewed vocabulary, repeated and single values,
** arrays, NULLs; now and then a long text. */
static void testLines(Buf *b, u32 from, u32 n) {
  for (u32 i = from; i < from + n; i++) {
    u32 words = i % 97 == 5 ? 900 : testRandom(20);
    snBufPrintf(b, "{\"id\": %u, \"body\": \"", i);
    for (u32 k = 0; k < words; k++)
      snBufPrintf(b, "w%u ", testRandom(1 + testRandom(2000)));
    snBufPrintf(b, "end%u\", \"k\": \"key%u\", \"r\": %u.%u", i % 3,
        testRandom(40), testRandom(1000), testRandom(10));
    if (i % 7) snBufPrintf(b, ", \"tags\": [\"t%u\", null, \"u%u\"]", i % 5, i);
    snBufPrintf(b, ", \"at\": \"2024-01-%02u 10:00:00\", \"ok\": %s}\n",
        1 + i % 28, i % 2 ? "true" : "false");
  }
}

#define TEST_TABLE "CREATE TABLE t (id INTEGER, body TEXT ANALYZER english, " \
  "k KEYWORD, r REAL, tags KEYWORD[], at TIMESTAMP, ok BOOLEAN)"

static int testFeed(const char *table, const Buf *b, size_t piece,
    seine_import_stats *st) {
  seine_import *imp = NULL;
  int rc = seine_import_begin(db, table, SEINE_IMPORT_NDJSON, &imp);
  for (size_t at = 0; !rc && at < b->n; at += piece)
    rc = seine_import_feed(imp, b->data + at, SN_MIN(piece, b->n - at));
  int end = seine_import_end(imp, !rc, st);
  return rc ? rc : end;
}

static void testAnswers(Buf *b) {
  testDump(b, "SELECT rowid, * FROM t"); /* as they stand in the segments */
  testDump(b, "SELECT id, score() FROM t WHERE body MATCH 'w1 w20 end2' "
      "ORDER BY score() DESC LIMIT 50");
  testDump(b, "SELECT count(*) FROM t WHERE body MATCH '\"w0 w1\"'");
  testDump(b, "SELECT k, count(*), sum(r) FROM t GROUP BY k ORDER BY k");
  testDump(b, "SELECT count(*) FROM t WHERE tags MATCH 't3'");
}

/* ---- 1: the same answers ------------------------------------------------ */

static void testSame(void) {
  static const int threads[] = {1, 2, 3, 8, 64};
  Buf lines, want, got, segments, again;
  snBufInit(&lines, NULL);
  snBufInit(&want, NULL);
  testLines(&lines, 0, 6000);
  for (u32 i = 0; i < SN_COUNT(threads); i++) {
    snBufInit(&got, NULL);
    snBufInit(&segments, NULL);
    snBufInit(&again, NULL);
    for (u32 round = 0; round < 2; round++) {
      testOpen();
      testExec("PRAGMA threads = %d; PRAGMA memtable_bytes = 150000; "
          "PRAGMA auto_merge = 0; " TEST_TABLE, threads[i]);
      testExec("INSERT INTO t (id) VALUES (-1)");
      int rc = testFeed("t", &lines, 10007, NULL);
      testOk(!rc, "%d threads: loaded", threads[i]);
      testDump(round ? &again : &segments,
          "SELECT count(*) FROM t; PRAGMA segments");
      got.n = 0;
      testAnswers(&got);
    }
    if (!i) snBufAdd(&want, got.data, got.n);
    testOk(got.n == want.n && !memcmp(got.data, want.data, got.n),
        "%d threads: the answers of one", threads[i]);
    testOk(again.n == segments.n &&
        !memcmp(again.data, segments.data, again.n),
        "%d threads: the same segments each time", threads[i]);
    testOk(testSound(), "%d threads: integrity_check", threads[i]);
    testExec("CREATE TABLE u (id INTEGER, body TEXT, n INTEGER); "
        "INSERT INTO u SELECT id, body, id * 2 FROM t");
    testOk(testInt("SELECT count(*) FROM u WHERE n = id * 2") == 6001 &&
        testInt("SELECT max(rowid) - min(rowid) FROM u") == 6000,
        "%d threads: INSERT ... SELECT", threads[i]);
    testExec("PRAGMA auto_merge = 1; OPTIMIZE t");
    got.n = 0;
    testAnswers(&got);
    testOk(got.n == want.n && !memcmp(got.data, want.data, got.n),
        "%d threads: and merged", threads[i]);
    snBufClear(&got);
    snBufClear(&segments);
    snBufClear(&again);
  }
  snBufClear(&want);
  snBufClear(&lines);
}

/* ---- 2: what fails ------------------------------------------------------ */

static void testSmall(int threads) {
  Buf b;
  snBufInit(&b, NULL);
  testLines(&b, 0, 2000);
  testOpen();
  testExec("PRAGMA memtable_bytes = 40000; " TEST_TABLE);
  (void)testFeed("t", &b, b.n, NULL);
  testExec("PRAGMA threads = %d", threads);
  snBufClear(&b);
}

static void testFails(void) {
  for (int threads = 1; threads <= 3; threads++) {
    testSmall(threads);
    testExec("CREATE TABLE u (id INTEGER, body TEXT NOT NULL)");
    testExec("BEGIN; INSERT INTO u VALUES (1, 'before')");
    int rc = testExec("INSERT INTO u SELECT id, CASE WHEN id <> 1500 THEN "
        "body END FROM t");
    testOk(rc == SEINE_CONSTRAINT && strstr(seine_errmsg(db), "NOT NULL"),
        "%d threads: a row that cannot be, %s", threads, seine_errmsg(db));
    testOk(testInt("SELECT count(*) FROM u") == 1, "%d threads: undone",
        threads);
    rc = testExec("INSERT INTO u SELECT id, body FROM t");
    testOk(!rc && testInt("SELECT count(*) FROM u") == 2001,
        "%d threads: and done again", threads);
    rc = testExec("INSERT INTO u SELECT id, CASE WHEN id <> 1500 THEN "
        "body END FROM t");
    testOk(rc && !testExec("COMMIT"), "%d threads: fails again, commit",
        threads);
    testOk(testInt("SELECT count(*) FROM u") == 2001 &&
        testInt("SELECT count(*) FROM u WHERE body MATCH 'before'") == 1 &&
        testSound(), "%d threads: what was committed", threads);
    testExec("BEGIN; INSERT INTO u SELECT id, body FROM t; ROLLBACK");
    testOk(testInt("SELECT count(*) FROM u") == 2001,
        "%d threads: rolled back", threads);
    testExec("BEGIN; DELETE FROM u; INSERT INTO u SELECT id, body FROM t; "
        "UPDATE u SET id = -id WHERE id < 100; COMMIT");
    testOk(testInt("SELECT count(*) FROM u") == 2000 &&
        testInt("SELECT sum(id) FROM u") == 1999 * 1000 - 99 * 100 &&
        testSound(), "%d threads: several statements", threads);
  }
}

/* ---- 3: little ---------------------------------------------------------- */

static void testLittle(void) {
  for (u32 n = 0; n < 4; n++) {
    seine_import_stats st;
    Buf b;
    snBufInit(&b, NULL);
    testLines(&b, 0, n);
    testOpen();
    testExec("PRAGMA threads = 8; " TEST_TABLE "; CREATE TABLE u (id INTEGER)");
    int rc = testFeed("t", &b, 100, &st);
    testOk(!rc && st.rows == n && testInt("SELECT count(*) FROM t") == n,
        "%u rows loaded", n);
    rc = testExec("INSERT INTO u SELECT id FROM t");
    testOk(!rc && testInt("SELECT count(*) FROM u") == n &&
        testInt("SELECT count(*) FROM t WHERE ok IS NULL") == 0,
        "%u rows selected", n);
    snBufClear(&b);
  }
}

/* ---- 4: between two pieces ---------------------------------------------- */

/* The types are inferred from the first 20,000 records: no row before. */
static void testBetween(void) {
  Buf b;
  seine_import *imp = NULL;
  seine_import_stats st;
  bool all = true;
  u32 looks = 0;
  snBufInit(&b, NULL);
  testLines(&b, 0, 26000);
  size_t piece = b.n / 20;
  testOpen();
  testExec("PRAGMA threads = 3; PRAGMA memtable_bytes = 200000; " TEST_TABLE
      "; BEGIN");
  int rc = seine_import_begin(db, "t", SEINE_IMPORT_NDJSON, &imp);
  for (size_t at = 0; !rc && at < b.n; at += piece) {
    rc = seine_import_feed(imp, b.data + at, SN_MIN(piece, b.n - at));
    seine_import_status(imp, &st);
    if (!st.rows) continue;
    all &= testInt("SELECT count(*) FROM t WHERE id >= 0") == st.rows;
    all &= !testExec("INSERT INTO t (id) VALUES (-1)");
    all &= testExec("INSERT INTO t SELECT * FROM (SELECT -2, NULL, NULL, "
        "NULL, NULL, NULL, 'neither') LIMIT 1") != 0;
    looks++;
  }
  testOk(!rc && all && looks > 2, "%u queries see the rows so far", looks);
  rc = seine_import_end(imp, 1, NULL);
  testOk(!rc && testInt("SELECT count(*) FROM t WHERE id = -1") == looks &&
      testInt("SELECT count(*) FROM t WHERE id = -2") == 0 &&
      !testExec("COMMIT") && testSound(), "and rows come between");
  testOk(testInt("SELECT count(*) FROM t") == 26000 + looks, "all of them");
  snBufClear(&b);
}

/* ---- 5: interrupts ------------------------------------------------------ */

typedef struct TestStop {
  Thread *thread;
  u64 at;            /* of the first one that may have met the statement */
  u32 us;
  int done;
} TestStop;

/* An interrupt before the statement runs says nothing: it is said again. */
static void testStopRun(void *arg) {
  TestStop *s = arg;
  Vfs *v = snOsUnix();
  v->sleep_us(v, s->us);
  for (u32 n = 0; !__atomic_load_n(&s->done, __ATOMIC_ACQUIRE); n++) {
    if (n < 100) s->at = snClockNs();
    seine_interrupt(db);
    v->sleep_us(v, 10000);
  }
}

static void testInterrupt(void) {
  u64 worst = 0;
  u32 stopped = 0;
  testSmall(2);
  testExec("CREATE TABLE u (id INTEGER, body TEXT)");
  for (u32 us = 1000; us < 100000; us = us * 3 / 2) {
    TestStop s = {.us = us};
    if (snThreadStart(NULL, testStopRun, &s, &s.thread)) exit(1);
    int rc = testExec("INSERT INTO u SELECT a.id, a.body FROM t a "
        "CROSS JOIN t b WHERE a.id < 1000");
    u64 took = snClockNs();
    __atomic_store_n(&s.done, 1, __ATOMIC_RELEASE);
    snThreadJoin(s.thread);
    took -= SN_MIN(took, s.at);
    stopped += rc == SEINE_INTERRUPT;
    worst = SN_MAX(worst, took);
    if (testInt("SELECT count(*) FROM u") != 0) stopped = 0;
  }
  testOk(stopped > 8, "%u statements stopped, nothing stayed", stopped);
  testOk(worst < 2000000000, "the last of them after %u ms",
      (u32)(worst / 1000000));
}

/* ---- 6: memory ---------------------------------------------------------- */

static void testLimit(void) {
  static const i64 limits[] = {12 << 20, 24 << 20, 48 << 20};
  Buf b;
  snBufInit(&b, NULL);
  testLines(&b, 0, 30000);
  for (u32 i = 0; i < SN_COUNT(limits); i++) {
    for (int threads = 2; threads <= 8; threads *= 2) {
      testOpen();
      testExec("PRAGMA threads = %d; PRAGMA memory_limit = %lld; " TEST_TABLE,
          threads, (long long)limits[i]);
      Budget *m = snDbBudget(db);
      m->peak = 0;
      int rc = testFeed("t", &b, 100000, NULL);
      testOk(!rc && m->peak <= m->limit && m->peak > 0,
          "%d threads in %lld bytes: %lld at most", threads,
          (long long)m->limit, (long long)m->peak);
      testOk(testInt("SELECT count(*) FROM t") == 30000,
          "%d threads in %lld bytes: all rows", threads,
          (long long)m->limit);
    }
  }
  snBufClear(&b);
}

/* ---- 7: allocations that fail ------------------------------------------- */

static void testFault(void) {
  bool quick = getenv("SEINE_QUICK") != NULL;
  u32 failed = 0, passed = 0, wrong = 0;
  testSmall(2);
  testExec("CREATE TABLE u (id INTEGER, body TEXT, k KEYWORD)");
  for (i64 n = 1; passed < 3 && !wrong; n += quick ? n / 3 + 1 : n / 24 + 1) {
    snFaultMem(n, n % 2);
    int rc = testExec("INSERT INTO u SELECT id, body, k FROM t");
    snFaultMem(0, false);
    i64 rows = testInt("SELECT count(*) FROM u");
    failed += rc == SEINE_NOMEM;
    passed += !rc;
    wrong += rc ? rc != SEINE_NOMEM || rows != 0 : rows != 2000;
    if (wrong) printf("# n = %lld: rc %d, %lld rows\n", (long long)n, rc,
        (long long)rows);
    testExec("DELETE FROM u");
  }
  testOk(!wrong && failed > 5, "%u allocations failed, all or nothing stayed",
      failed);
  testOk(testSound(), "and integrity_check is content");
}

/* ---- 8: records read ahead ---------------------------------------------- */

#define ODD_RECORDS 23000u

/* The types come from the first 20,000: what is new comes later. */
static void oddJson(Buf *b) {
  for (u32 i = 0; i < ODD_RECORDS; i++) {
    if (i % 701 == 5) snBufStr(b, "{\"ghost\": 1, \"must\": }\n");
    if (i % 811 == 6) snBufStr(b, "[1]\n \n");
    if (i % 907 == 7) snBufStr(b, "{\"must\": \"\xff\"}\n");
    if (i % 1009 == 8) snBufStr(b, "{\"id\": 2}\n"); /* must is NOT NULL */
    snBufPrintf(b, "{\"id\": %u, \"must\": \"m%u\"", i, i % 50);
    if (i % 3) snBufPrintf(b, ", \"fall\": \"\\u00e9%u\"", i % 9);
    if (i % 5 == 0) snBufPrintf(b, ", \"o\": {\"a\": %u, \"b\": %u.5}", i, i);
    if (i % 7 == 0) snBufPrintf(b, ", \"id\": %u, \"e\": []", i + 1);
    if (i % 11 == 0) snBufStr(b, ", \"z\": null, \"where\": null");
    if (i > 20500 && i % 600 == 0) snBufPrintf(b, ", \"n%u\": %u", i, i);
    if (i == 20900) snBufStr(b, ", \"o\": {\"a\": 1.5}");
    if (i == 21200) snBufStr(b, ", \"where\": {\"x\": 1}");
    if (i > 21200 && i % 13 == 0)
      snBufStr(b, ", \"where\": {\"lat\": 1, \"lon\": 2}");
    if (i > 21500 && i % 50 == 0) snBufStr(b, ", \"z\": \"2024-01-01\"");
    if (i == 22000) snBufStr(b, ", \"z\": 7, \"e\": [1, 2]");
    if (i == 21800) snBufStr(b, ", \"ghost\": null"); /* now it is a name */
    if (i == 22300) snBufStr(b, ", \"o\": 3");
    snBufStr(b, i % 17 ? "}\n" : "}\r\n");
  }
}

static void oddCsv(Buf *b) {
  snBufStr(b, "id,must,text,r\n");
  for (u32 i = 0; i < ODD_RECORDS; i++) {
    if (i % 701 == 5) snBufStr(b, "1,2\n");
    if (i % 811 == 6) snBufStr(b, "1,\"a\"b,3,4\n");
    if (i % 1009 == 8) snBufStr(b, "1,,none,4\n");
    snBufPrintf(b, "%u,m%u,\"%s%u, \"\"so\"\"%s\",%u", i, i % 50,
        i % 19 ? "" : "\xe9t\xe9", i, i % 23 ? "" : "\n\nand", i % 100);
    snBufStr(b, i == 21000 ? ".5\n" : i == 22000 ? "x\n" : "\n");
  }
  snBufStr(b, "1,m,\"never closed,2\n3,m,so,4\n");
}

static void oddLog(Buf *b) {
  for (u32 i = 0; i < ODD_RECORDS; i++) {
    if (i % 701 == 5) snBufStr(b, "no log\n\n");
    snBufPrintf(b, "10.0.%u.%u - - [01/Jan/2024:10:00:%02u +0000] \"GET /%u "
        "HTTP/1.1\" 200 %u \"-\" \"agent %u\"\n", i / 250, i % 250, i % 60, i,
        i, i % 40);
  }
}

typedef struct OddInput {
  const char *name;
  int format;
  void (*make)(Buf *b);
  const char *sql;
} OddInput;

static const OddInput odd_input[] = {
    {"ndjson", SEINE_IMPORT_NDJSON, oddJson, "CREATE TABLE t (id INTEGER, "
        "must KEYWORD NOT NULL, fall KEYWORD DEFAULT 'fell', never INTEGER "
        "DEFAULT 12)"},
    {"ndjson, no table", SEINE_IMPORT_NDJSON, oddJson, ""},
    {"csv", SEINE_IMPORT_CSV, oddCsv,
        "CREATE TABLE t (id INTEGER, must KEYWORD NOT NULL, text TEXT)"},
    {"csv, no table", SEINE_IMPORT_CSV, oddCsv, ""},
    {"access", SEINE_IMPORT_ACCESS, oddLog, ""},
};

/* Loads and says all of it: the counts on the way, every row and reject. */
static int oddLoad(const OddInput *in, int threads, const Buf *b, Buf *out) {
  seine_import *imp = NULL;
  seine_import_stats st = {0};
  testOpen();
  testExec("PRAGMA threads = %d; PRAGMA memtable_bytes = 60000; %s", threads,
      in->sql);
  int rc = seine_import_begin(db, "t", in->format, &imp);
  for (size_t at = 0, k = 0; !rc && at < b->n; at += 10007, k++) {
    rc = seine_import_feed(imp, b->data + at, SN_MIN(10007, b->n - at));
    if (k % 16) continue;
    seine_import_status(imp, &st);
    snBufPrintf(out, "%lld %lld %lld %lld\n", (long long)st.lines,
        (long long)st.rows, (long long)st.rejects, (long long)st.bytes);
  }
  int end = seine_import_end(imp, !rc, &st);
  snBufPrintf(out, "end: %lld %lld %lld %d\n", (long long)st.lines,
      (long long)st.rows, (long long)st.rejects, st.created);
  testDump(out, "SELECT sql FROM seine_schema");
  testDump(out, "SELECT rowid, * FROM t");
  testDump(out, "SELECT rowid, * FROM t_rejects");
  snBufPrintf(out, "%lld %lld\n", (long long)seine_changes64(db),
      (long long)seine_last_insert_rowid(db));
  return rc ? rc : end;
}

/* The first line that is another one. */
static void oddTell(const Buf *want, const Buf *got) {
  size_t n = SN_MIN(want->n, got->n), at = 0, line = 0;
  for (; at < n && want->data[at] == got->data[at]; at++)
    if (want->data[at] == '\n') line = at + 1;
  if (at == want->n && at == got->n) return;
  printf("# wanted %.200s\n# got %.200s\n", (char *)want->data + line,
      (char *)got->data + line);
}

static void testOdd(void) {
  static const int threads[] = {1, 2, 3, 8};
  for (u32 k = 0; k < SN_COUNT(odd_input); k++) {
    const OddInput *in = &odd_input[k];
    Buf b, want, got;
    snBufInit(&b, NULL);
    snBufInit(&want, NULL);
    in->make(&b);
    for (u32 i = 0; i < SN_COUNT(threads); i++) {
      snBufInit(&got, NULL);
      int rc = oddLoad(in, threads[i], &b, i ? &got : &want);
      testOk(!rc && testInt("SELECT count(*) FROM t_rejects") > 20,
          "%s, %d threads: loaded, with rejects", in->name, threads[i]);
      testOk(!i || (got.n == want.n && !memcmp(got.data, want.data, got.n)),
          "%s, %d threads: what one thread makes", in->name, threads[i]);
      if (i) oddTell(&want, &got);
      snBufClear(&got);
    }
    testOk(testSound(), "%s: integrity_check", in->name);
    snBufClear(&b);
    snBufClear(&want);
  }
}

/* A failed allocation fails the load or changes nothing. */
static void testOddFault(void) {
  bool quick = getenv("SEINE_QUICK") != NULL;
  const OddInput *in = &odd_input[0];
  u32 failed = 0, passed = 0, wrong = 0;
  Buf b, want;
  snBufInit(&b, NULL);
  snBufInit(&want, NULL);
  oddJson(&b);
  oddLoad(in, 1, &b, &want);
  for (i64 n = 1; passed < 3 && !wrong; n += n / (quick ? 1 : 4) + 1) {
    Buf got;
    seine_import_stats st;
    testOpen();
    testExec("PRAGMA threads = 2; PRAGMA memtable_bytes = 60000; %s", in->sql);
    snFaultMem(n, n % 2);
    int rc = testFeed("t", &b, 100000, &st);
    snFaultMem(0, false);
    snBufInit(&got, NULL);
    testDump(&got, "SELECT rowid, * FROM t");
    testDump(&got, "SELECT rowid, * FROM t_rejects");
    failed += rc == SEINE_NOMEM;
    passed += !rc;
    wrong += rc ? rc != SEINE_NOMEM || testInt("SELECT count(*) FROM t") != 0 :
                  !strstr(snBufText(&want), snBufText(&got));
    if (wrong) printf("# n = %lld: rc %d, %lld rows\n", (long long)n, rc,
        (long long)st.rows);
    snBufClear(&got);
  }
  testOk(!wrong && failed > 5, "%u loads without memory, all or nothing",
      failed);
  testOk(testSound(), "and integrity_check is content");
  snBufClear(&b);
  snBufClear(&want);
}

static void testOddInterrupt(void) {
  Buf b;
  u32 stopped = 0;
  snBufInit(&b, NULL);
  testLines(&b, 0, 40000);
  for (u32 us = 1000; us < 200000; us *= 2) {
    TestStop s = {.us = us};
    testOpen();
    testExec("PRAGMA threads = 2; PRAGMA memtable_bytes = 200000; "
        TEST_TABLE);
    if (snThreadStart(NULL, testStopRun, &s, &s.thread)) exit(1);
    int rc = testFeed("t", &b, b.n, NULL);
    __atomic_store_n(&s.done, 1, __ATOMIC_RELEASE);
    snThreadJoin(s.thread);
    stopped += rc == SEINE_INTERRUPT && testInt("SELECT count(*) FROM t") == 0;
  }
  testOk(stopped > 4, "%u loads stopped, nothing stayed", stopped);
  snBufClear(&b);
}

int main(void) {
  testSame();
  testFails();
  testLittle();
  testBetween();
  testInterrupt();
  testLimit();
  testFault();
  testOdd();
  testOddFault();
  testOddInterrupt();
  seine_close(db);
  printf("1..%d\n", test_count);
  return test_failed ? 1 : 0;
}
