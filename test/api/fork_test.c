/*
** fork_test: queries under PRAGMA threads.  The development build cuts tables
** into pieces of one window, so that small ones are forked too.
**   1. the rows and their order are those of one thread
**   2. errors are those of one thread, and the statement can run again
**   3. an interrupt stops the threads
**   4. under a memory limit: the answer, or a clear error
**   5. each allocation may fail
**   6. EXPLAIN ANALYZE counts the rows of all threads
*/
#include "api/apiInt.h"

static int test_count, test_failed;

static void forkOk(bool ok, const char *fmt, ...) {
  va_list ap;
  printf("%sok %d - ", ok ? "" : "not ", ++test_count);
  va_start(ap, fmt);
  vprintf(fmt, ap);
  va_end(ap);
  printf("\n");
  test_failed += !ok;
}

static seine *db;

static int forkExec(const char *fmt, ...) {
  char sql[2000];
  va_list ap;
  va_start(ap, fmt);
  vsnprintf(sql, sizeof sql, fmt, ap);
  va_end(ap);
  int rc = seine_exec(db, sql, NULL, NULL, NULL);
  if (rc == SEINE_ERROR) printf("# %s: %s\n", sql, seine_errmsg(db));
  return rc;
}

/* All rows of a query as text, or the error. */
static void forkDump(Buf *b, const char *sql) {
  seine_stmt *st = NULL;
  int rc = seine_prepare_v2(db, sql, -1, &st, NULL);
  b->n = 0;
  while (!rc && (rc = seine_step(st)) == SEINE_ROW) {
    rc = SEINE_OK;
    for (int i = 0; i < seine_column_count(st); i++) {
      const char *s = seine_column_text(st, i);
      snBufPrintf(b, "%s%s", i ? "|" : "", s ? s : "~");
    }
    snBufByte(b, '\n');
  }
  if (rc != SEINE_DONE) {
    b->n = 0;
    snBufPrintf(b, "error %d: %s", rc, seine_errmsg(db));
  }
  seine_finalize(st);
}

/* ---- the data ------------------------------------------------------------ */

/* 30,000 rows in segments of 2,500, some of them deleted, some with new
** numbers; k has a dictionary per segment, s is kept with the rows. */
static void forkData(void) {
  seine_close(db);
  if (seine_open(":memory:", &db)) exit(1);
  forkExec("PRAGMA auto_merge = 0; CREATE TABLE t (id INTEGER PRIMARY KEY, "
      "a INTEGER, b INTEGER, r REAL, k KEYWORD, s TEXT, body TEXT, "
      "ok BOOLEAN, at TIMESTAMP, tags KEYWORD[])");
  for (u32 i = 0; i < 12; i++)
    forkExec("INSERT INTO t SELECT i, i * 7919 %% 101, "
        "CASE WHEN i %% 11 THEN i * 31 %% 5000 END, i * 0.37 - 3000, "
        "CASE WHEN i %% 13 THEN 'k' || (i * 13 %% 300) END, 's' || (i %% 700), "
        "'fox ' || (i %% 50) || CASE WHEN i %% 3 THEN ' dog' ELSE ' cat' END, "
        "i %% 3 = 0, to_timestamp(i * 3601), ['x' || (i %% 4), 'y'] "
        "FROM generate_series(%u, %u) g(i)", i * 2500, i * 2500 + 2499);
  forkExec("DELETE FROM t WHERE id %% 17 = 3; UPDATE t SET a = a + 1000 "
      "WHERE id %% 500 = 1; CREATE TABLE one AS SELECT * FROM t; "
      "OPTIMIZE one; CREATE TABLE p (a INTEGER, name KEYWORD, w REAL); "
      "INSERT INTO p SELECT i, 'n' || (i %% 9), i / 2.0 "
      "FROM generate_series(0, 80) g(i); INSERT INTO p SELECT a, 'twice', r "
      "FROM t WHERE id %% 1000 = 5; CREATE TABLE empty (a INTEGER, x TEXT); "
      "CREATE TABLE q (k KEYWORD, v INTEGER); INSERT INTO q SELECT "
      "'k' || (i * 3), i FROM generate_series(0, 120) g(i)");
}

static const char *const fork_queries[] = {
  "SELECT count(*), sum(a), min(k), max(s), avg(r), count(b) FROM %s",
  "SELECT a, count(*), sum(r), min(r), max(r) FROM %s GROUP BY a",
  "SELECT k, count(*), count(DISTINCT a), count(DISTINCT s) FROM %s "
      "GROUP BY k",
  "SELECT b, count(*) n FROM %s GROUP BY b ORDER BY n DESC LIMIT 20",
  "SELECT k, a, ok, sum(b), avg(b) FROM %s WHERE a < 40 GROUP BY 1, 2, 3",
  "SELECT s, max(k), min(at), bit_xor(a), bit_or(a) FROM %s GROUP BY s",
  "SELECT a, median(r), stddev(r), var_pop(b), corr(a, r), "
      "approx_count_distinct(b), approx_quantile(r, 0.9), "
      "quantile_cont(r, [0.1, 0.5]), percentile_rank(r, 10.0) "
      "FROM %s GROUP BY a",
  "SELECT a, skewness(r), kurtosis(r), covar_pop(a, b), total(a) "
      "FROM %s GROUP BY a",
  "SELECT count(DISTINCT r), sum(DISTINCT a), avg(DISTINCT b), "
      "count(DISTINCT ok), max(DISTINCT k) FROM %s",
  "SELECT ok, count(*) FILTER (WHERE a > 50), sum(b) FILTER (WHERE ok) "
      "FROM %s GROUP BY ok",
  "SELECT k FROM %s WHERE r > 100 GROUP BY k HAVING count(*) > 60",
  "SELECT DISTINCT a, ok FROM %s",
  "SELECT a, first(k), array_agg(b ORDER BY id LIMIT 3) FROM %s GROUP BY a",
  "SELECT string_agg(s, ',' ORDER BY id) FROM %s WHERE id %% 1500 = 2",
  "SELECT * FROM %s ORDER BY r DESC LIMIT 7",
  "SELECT id, a FROM %s WHERE a < 30 ORDER BY a, k",
  "SELECT a, id FROM %s WHERE b IS NULL ORDER BY a",
  "SELECT id FROM %s WHERE s LIKE '%%99' ORDER BY s",
  "SELECT name, count(*), sum(r), sum(w) FROM %s JOIN p USING (a) "
      "GROUP BY name",
  "SELECT v, count(*), count(DISTINCT id) FROM %s JOIN q USING (k) "
      "GROUP BY v",
  "SELECT name, sum(b) FROM %s t LEFT JOIN p ON p.a = t.a AND p.w > t.r "
      "GROUP BY name",
  "SELECT count(*), sum(r) FROM p JOIN %s t ON t.a = p.a",
  "SELECT count(*) FROM q LEFT JOIN %s t USING (k)",
  "SELECT count(*), sum(v) FROM q RIGHT JOIN %s t USING (k)",
  "SELECT count(*), sum(v) FROM q FULL JOIN %s t USING (k)",
  "SELECT count(*), max(r) FROM %s WHERE k IN (SELECT k FROM q WHERE v > 9)",
  "SELECT count(*) FROM %s WHERE k NOT IN (SELECT k FROM q WHERE v > 50)",
  "SELECT count(*) FROM %s t WHERE EXISTS (SELECT 1 FROM p "
      "WHERE p.a = t.a AND w > 20)",
  "SELECT a, count(*) FROM %s t WHERE r > (SELECT avg(w) FROM p "
      "WHERE p.a = t.a) GROUP BY a",
  "SELECT p.a, (SELECT sum(r) FROM %s t WHERE t.a = p.a) FROM p",
  "SELECT count(*), sum(score()) FROM %s WHERE body MATCH 'dog OR 7'",
  "SELECT k, count(*), max(score()) FROM %s WHERE body MATCH 'fox cat' "
      "AND a < 50 GROUP BY k",
  "SELECT count(*) FROM %s WHERE body MATCH '\"fox 31\"' AND "
      "NOT body MATCH 'cat'",
  "SELECT date_trunc('month', at), count(*), sum(r) FROM %s GROUP BY 1",
  "SELECT upper(k), length(s), count(*) FROM %s GROUP BY 1, 2",
  "SELECT CASE WHEN a < 10 THEN 'low' WHEN a < 1000 THEN k END, count(*) "
      "FROM %s GROUP BY 1",
  "SELECT a, count(*) FROM %s GROUP BY ROLLUP (a)",
  "SELECT a, row_number() OVER (ORDER BY count(*) DESC) FROM %s GROUP BY a",
  "SELECT id, sum(r) OVER (PARTITION BY a ORDER BY id) FROM %s WHERE a < 5",
  "SELECT a FROM %s WHERE a > 90 UNION SELECT a FROM p",
  "WITH m AS (SELECT a, max(r) AS r FROM %s GROUP BY a) SELECT t.id, m.r "
      "FROM m JOIN t ON t.a = m.a AND t.r = m.r",
  "WITH RECURSIVE c(x) AS (SELECT min(a) FROM %s UNION ALL "
      "SELECT x + 1 FROM c WHERE x < 20) SELECT sum(x) FROM c",
  "SELECT 1, count(*) FROM %s GROUP BY 1",
  "SELECT count(*) FROM %s WHERE a = 77777",
  "SELECT a, count(*) FROM %s WHERE a = 77777 GROUP BY a",
  "SELECT tags, count(*) FROM %s GROUP BY tags",
  "SELECT count(*) FROM empty, %s",
  "SELECT a, a, k, count(*) FROM %s GROUP BY a, k, a LIMIT 100 OFFSET 50",
};

static void forkSame(void) {
  static const char *const tables[] = {"t", "one"};
  static const int threads[] = {2, 3, 7};
  Buf want, got;
  snBufInit(&want, NULL);
  snBufInit(&got, NULL);
  for (u32 k = 0; k < SN_COUNT(fork_queries); k++) {
    bool same = true, sound = true;
    for (u32 t = 0; t < 2; t++) {
      char sql[1000];
      snprintf(sql, sizeof sql, fork_queries[k], tables[t]);
      forkExec("PRAGMA threads = 1");
      forkDump(&want, sql);
      sound &= want.n > 0 && strncmp(snBufText(&want), "error", 5);
      for (u32 i = 0; i < SN_COUNT(threads); i++) {
        forkExec("PRAGMA threads = %d", threads[i]);
        forkDump(&got, sql);
        if (want.n == got.n && !memcmp(want.data, got.data, want.n)) continue;
        same = false;
        printf("# %d threads: %.300s\n# want: %.300s\n", threads[i],
            snBufText(&got), snBufText(&want));
      }
      if (!sound) printf("# %s\n", snBufText(&want));
    }
    /* No row is an answer too: of these three. */
    sound |= strstr(fork_queries[k], "77777 GROUP") != NULL;
    forkOk(same && sound, "%.60s", fork_queries[k]);
  }
  snBufClear(&want);
  snBufClear(&got);
}

/* ---- errors --------------------------------------------------------------- */

static void forkErrors(void) {
  static const char *const bad[] = {
    "SELECT sum(a * 9000000000000000) FROM t",
    "SELECT sum(9223372036854775807 + b) FROM t",
    "SELECT a, sum(CAST(s AS INTEGER) + 9223372036854775000) FROM t "
        "GROUP BY a HAVING count(*) > 9223372036854775000 + max(b)",
    "SELECT a, quantile_cont(r, a) FROM t GROUP BY ok, a",
    "SELECT quantile_cont(r, CASE WHEN id < 20000 THEN 0.5 ELSE 0.6 END) "
        "FROM t",
    "SELECT count(*) FROM t WHERE regexp_like(s, '(' || k)",
  };
  Buf want, got;
  snBufInit(&want, NULL);
  snBufInit(&got, NULL);
  for (u32 k = 0; k < SN_COUNT(bad); k++) {
    forkExec("PRAGMA threads = 1");
    forkDump(&want, bad[k]);
    forkExec("PRAGMA threads = 3");
    for (u32 i = 0; i < 5; i++) forkDump(&got, bad[k]);
    bool same = want.n == got.n && !memcmp(want.data, got.data, want.n);
    if (!same)
      printf("# %s\n# want %s\n", snBufText(&got), snBufText(&want));
    forkOk(same, "%.50s: %.60s", bad[k], snBufText(&want));
  }
  forkDump(&got, "SELECT count(*) FROM t");
  forkOk(!strcmp(snBufText(&got), "28235\n"), "and the next statement runs");
  snBufClear(&want);
  snBufClear(&got);
}

/* ---- interrupts ----------------------------------------------------------- */

typedef struct ForkStop { Thread *thread; u32 us; int done; } ForkStop;

static void forkStopRun(void *arg) {
  ForkStop *s = arg;
  Vfs *v = snOsUnix();
  v->sleep_us(v, s->us);
  while (!__atomic_load_n(&s->done, __ATOMIC_ACQUIRE)) {
    seine_interrupt(db);
    v->sleep_us(v, 2000);
  }
}

static void forkInterrupt(void) {
  u32 stopped = 0, wrong = 0;
  forkExec("PRAGMA threads = 3");
  for (u32 us = 100; us < 60000; us = us * 3 / 2) {
    ForkStop s = {.us = us};
    if (snThreadStart(NULL, forkStopRun, &s, &s.thread)) exit(1);
    int rc = forkExec("SELECT sum(levenshtein(s, 'some text that is long') + "
        "levenshtein(body, repeat(k, 50))), count(DISTINCT r) FROM t "
        "GROUP BY a");
    __atomic_store_n(&s.done, 1, __ATOMIC_RELEASE);
    snThreadJoin(s.thread);
    stopped += rc == SEINE_INTERRUPT;
    wrong += rc != SEINE_OK && rc != SEINE_INTERRUPT;
  }
  forkOk(stopped > 4 && !wrong, "%u statements stopped", stopped);
}

/* ---- memory --------------------------------------------------------------- */

/* Under a limit groups may come in passes: in another order. */
static const char *const fork_heavy[] = {
  "SELECT b, k, count(*), count(DISTINCT s) FROM t GROUP BY b, k "
      "ORDER BY b, k",
  "SELECT name, count(*), max(body) FROM t JOIN p USING (a) GROUP BY name "
      "ORDER BY name",
  "SELECT id, s FROM t WHERE a < 60 ORDER BY s, id",
  "SELECT k, median(r), max(s), stddev(r) FROM t WHERE body MATCH 'dog' "
      "GROUP BY k ORDER BY k",
};

static bool forkIsNomem(Buf *b) {
  return !strncmp(snBufText(b), "error 7", 7);
}

static void forkLimit(void) {
  Buf want, got;
  snBufInit(&want, NULL);
  snBufInit(&got, NULL);
  for (u32 k = 0; k < SN_COUNT(fork_heavy); k++) {
    u32 fine = 0, wrong = 0;
    forkExec("PRAGMA threads = 1; PRAGMA memory_limit = 0");
    forkDump(&want, fork_heavy[k]);
    forkExec("PRAGMA threads = 4");
    i64 used = snDbBudget(db)->used;
    for (i64 room = 20000; room < 100000000; room = room * 3 / 2) {
      forkExec("PRAGMA memory_limit = %lld", (long long)(used + room));
      forkDump(&got, fork_heavy[k]);
      bool same = want.n == got.n && !memcmp(want.data, got.data, want.n);
      fine += same;
      wrong += !same && !forkIsNomem(&got);
      if (!same && !forkIsNomem(&got)) printf("# %.300s\n", snBufText(&got));
      forkExec("PRAGMA memory_limit = 0");
    }
    forkOk(fine && !wrong, "a limit: %.50s", fork_heavy[k]);
  }
  snBufClear(&want);
  snBufClear(&got);
}

static void forkFault(void) {
  bool quick = getenv("SEINE_QUICK") != NULL;
  Buf want, got;
  snBufInit(&want, NULL);
  snBufInit(&got, NULL);
  forkExec("PRAGMA threads = 3");
  for (u32 k = 0; k < SN_COUNT(fork_heavy); k++) {
    u32 failed = 0, passed = 0, wrong = 0;
    snFaultMem(0, false);
    forkDump(&want, fork_heavy[k]);
    for (i64 n = 1; passed < 3 && !wrong; n += quick ? n / 3 + 1 : n / 20 + 1) {
      seine_stmt *st = NULL;
      int rc = seine_prepare_v2(db, fork_heavy[k], -1, &st, NULL);
      snFaultMem(n, n % 2);
      while (!rc && (rc = seine_step(st)) == SEINE_ROW) rc = SEINE_OK;
      seine_finalize(st);
      snFaultMem(0, false);
      failed += rc == SEINE_NOMEM;
      passed += rc == SEINE_DONE;
      wrong += rc != SEINE_NOMEM && rc != SEINE_DONE;
    }
    forkDump(&got, fork_heavy[k]);
    wrong += want.n != got.n || memcmp(want.data, got.data, want.n);
    forkOk(!wrong && failed > 5, "%u allocations fail: %.40s", failed,
        fork_heavy[k]);
  }
  snBufClear(&want);
  snBufClear(&got);
}

/* ---- counts --------------------------------------------------------------- */

static void forkCounts(void) {
  Buf text[2];
  for (int t = 1; t < 3; t++) {
    Buf *b = text + t - 1;
    seine_stmt *st = NULL;
    snBufInit(b, NULL);
    forkExec("PRAGMA threads = %d", t);
    if (seine_prepare_v2(db, "EXPLAIN ANALYZE SELECT a, count(*) FROM t "
            "WHERE a < 50 GROUP BY a", -1, &st, NULL)) exit(1);
    while (seine_step(st) == SEINE_ROW) {
      const char *op = seine_column_text(st, 1);
      if (strcmp(op, "Next") && strcmp(op, "Where") && strcmp(op, "Group"))
        continue;
      snBufPrintf(b, "%s %lld %lld %lld\n", op,
          (long long)seine_column_int64(st, 5),
          (long long)seine_column_int64(st, 6),
          (long long)seine_column_int64(st, 7));
    }
    seine_finalize(st);
  }
  bool same = text[0].n > 20 && text[0].n == text[1].n &&
      !memcmp(text[0].data, text[1].data, text[0].n);
  if (!same) printf("# %s# %s", snBufText(text), snBufText(text + 1));
  forkOk(same, "EXPLAIN ANALYZE counts the rows of all threads");
  snBufClear(text);
  snBufClear(text + 1);
}

int main(void) {
  forkData();
  forkSame();
  forkErrors();
  forkInterrupt();
  forkLimit();
  forkFault();
  forkCounts();
  seine_close(db);
  printf("1..%d\n", test_count);
  return test_failed ? 1 : 0;
}
