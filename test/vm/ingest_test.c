/*
** ingest_test: a bulk statement of small batches, when memory ends: it has all
** its rows, or none, and says which.
**   1. each of the first allocations fails, by one thread and by three
**   2. limits that leave no room for a thread, or for few
*/
#include "base/base.h"
#include "seine.h"
#include "../tap.h"

#define ROWS 600
static seine *db;

static int run(const char *sql) {
  return seine_exec(db, sql, NULL, NULL, NULL);
}

static long long number(const char *sql) {
  seine_stmt *st = NULL;
  long long v = -1;
  if (!seine_prepare_v2(db, sql, -1, &st, NULL) && seine_step(st) == SEINE_ROW)
    v = seine_column_int64(st, 0);
  seine_finalize(st);
  return v;
}

/* memtable_bytes of 20,000 make batches of less than 1,000 bytes. */
static bool start(int threads, int memtable) {
  char sql[200];
  seine_close(db);
  if (seine_open(":memory:", &db)) return false;
  snprintf(sql, sizeof sql, "PRAGMA threads = %d; PRAGMA memtable_bytes = %d;"
      "CREATE TABLE src(i INTEGER, k KEYWORD, s TEXT);"
      "CREATE TABLE t(i INTEGER, k KEYWORD, s TEXT)", threads, memtable);
  int rc = run(sql);
  if (!rc) rc = run("BEGIN");
  for (int i = 0; !rc && i < ROWS; i++) {
    snprintf(sql, sizeof sql, "INSERT INTO src VALUES (%d, 'key%d', "
        "'some words w%d')", i, i % 40, i);
    rc = run(sql);
  }
  return !rc && !run("COMMIT");
}

/* The rows that there are, when the statement says so. */
static bool whole(int rc) {
  long long n = number("SELECT count(*) FROM t");
  bool good = rc ? rc == SEINE_NOMEM && n == 0
                 : n == ROWS && number("SELECT sum(i) FROM t") == 179700;
  if (!good) snprintf(tapWhy, sizeof tapWhy, "rc %d, %lld rows", rc, n);
  return good && !run("DELETE FROM t");
}

static const char insert[] = "INSERT INTO t SELECT * FROM src";

static void starved(int threads) {
  bool good = start(threads, 20000), hit = true;
  int fails = 0;
  for (i64 n = 1; good && hit; n += 1 + n / 150) {
    snFaultMem(n, false);
    int rc = run(insert);
    hit = snFaultMemCount() >= n;
    snFaultMem(0, false);
    (void)snFaultLog();
    good = whole(rc) && (hit || !rc);
    fails += rc != SEINE_OK;
  }
  tapOk(good && fails > 50, "allocations fail: %d threads", threads);
}

static void limited(int memtable) {
  bool good = start(4, memtable);
  char sql[80];
  int fits = 0, lacks = 0;
  for (int kb = 100; good && kb < 6000; kb += 10 + kb / 20) {
    snprintf(sql, sizeof sql, "PRAGMA memory_limit = %d", kb * 1024);
    if (run(sql)) continue; /* it has more already */
    int rc = run(insert);
    good = !run("PRAGMA memory_limit = 0") && whole(rc);
    fits += !rc;
    lacks += rc != SEINE_OK;
  }
  tapOk(good && fits && lacks, "limits, memtables of %d bytes", memtable);
}

int main(void) {
  starved(1);
  starved(3);
  limited(20000);
  limited(100000);
  seine_close(db);
  return tapEnd();
}
