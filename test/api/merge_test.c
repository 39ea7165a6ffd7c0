/*
** merge_test: what may happen while a merge is under way that does not hold
** the writer's lock.  One connection merges; its progress handler lets another
** one, which does not wait for locks, write as soon as it can.
**   1. rows that are deleted, changed and added meanwhile, by a commit's merge
**      and by OPTIMIZE: the rows are right, and the merge took place or not
**   2. the table is altered, dropped, or another one by then
**   3. other merges, VACUUM, and a connection that closes
**   4. the merge is interrupted: the commit stands, and a later one merges
**   5. the process dies in it: nothing is lost, and its pages are free again
**   6. each allocation may fail
*/
#include <sys/wait.h>
#include <unistd.h>
#include "api/apiInt.h"
#include "../tap.h"

#define MERGE_FILE "merge_test.db"
#define MERGE_TXNS 8 /* so many segments of a size are merged */
#define MERGE_ROWS 300 /* each */

static seine *db, *other;

static int mergeRun(seine *on, const char *sql) {
  return seine_exec(on, sql, NULL, NULL, NULL);
}

/* A value of the first row of a query; -1: there is none. */
static i64 mergeAt(const char *sql, int column) {
  seine_stmt *st = NULL;
  i64 v = -1;
  if (!seine_prepare_v2(db, sql, -1, &st, NULL) && seine_step(st) == SEINE_ROW)
    v = seine_column_int64(st, column);
  seine_finalize(st);
  return v;
}

static i64 mergeInt(const char *sql) { return mergeAt(sql, 0); }
static i64 mergeDead(void) { return mergeAt("PRAGMA store_info", 3); }

static u32 mergeSegments(const char *table) {
  seine_stmt *st = NULL;
  u32 n = 0;
  if (seine_prepare_v2(db, "PRAGMA segments", -1, &st, NULL)) return 0;
  while (seine_step(st) == SEINE_ROW)
    n += !strcmp(seine_column_text(st, 0), table);
  seine_finalize(st);
  return n;
}

static bool mergeSound(void) {
  seine_stmt *st = NULL;
  bool ok = !seine_prepare_v2(db, "PRAGMA integrity_check", -1, &st, NULL) &&
      seine_step(st) == SEINE_ROW && !strcmp(seine_column_text(st, 0), "ok");
  if (!ok && st)
    snprintf(tapWhy, sizeof tapWhy, "%.200s", seine_column_text(st, 0));
  seine_finalize(st);
  return ok;
}

static void mergeClose(void) {
  seine_close(other);
  seine_close(db);
  db = other = NULL;
}

static void mergeOpen(void) {
  if (seine_open(MERGE_FILE, &db) || seine_open(MERGE_FILE, &other)) {
    printf("Bail out! no database: %s\n", seine_errmsg(db));
    exit(1);
  }
  seine_busy_timeout(db, 10000);
  seine_busy_timeout(other, 0);
}

/* ---- the other connection ------------------------------------------------ */

typedef struct Beside {
  const char *sql; /* NULL: interrupts */
  bool dies, closes;
  int rc;          /* of the statement, once it was let in */
  u32 asked, done;
} Beside;

/* What is locked is not yet, or no more, merged beside. */
static int mergeBeside(void *arg) {
  Beside *b = arg;
  b->asked++;
  if (b->done) return 0;
  int rc = mergeRun(other, "INSERT INTO u VALUES(1)");
  if (rc) return 0;
  b->done = 1;
  if (b->dies) _exit(0);
  if (!b->sql) return 1;
  b->rc = mergeRun(other, b->sql);
  if (b->closes) {
    seine_close(other);
    other = NULL;
  }
  return 0;
}

/* ---- the one that merges ------------------------------------------------- */

/* A statement into which others may come. */
static int mergeLet(Beside *b, const char *sql) {
  seine_progress_handler(db, mergeBeside, b);
  int rc = mergeRun(db, sql);
  seine_progress_handler(db, NULL, NULL);
  return rc;
}

/* One transaction of rows: i is their number, a fifth of the words theirs. */
static int mergeInsert(int k, Beside *b) {
  seine_stmt *st = NULL;
  int rc = mergeRun(db, "BEGIN");
  if (!rc)
    rc = seine_prepare_v2(db, "INSERT INTO t VALUES(?1, ?2, ?3)", -1, &st,
        NULL);
  for (int i = k * MERGE_ROWS; !rc && i < (k + 1) * MERGE_ROWS; i++) {
    char text[100], key[20];
    snprintf(text, sizeof text, "row %d of the words w%d w%d x%d", i, i % 97,
        i * 7 % 1013, i);
    snprintf(key, sizeof key, "k%d", i % 50);
    seine_bind_int64(st, 1, i);
    seine_bind_text(st, 2, key, -1);
    seine_bind_text(st, 3, text, -1);
    if (seine_step(st) != SEINE_DONE) rc = seine_errcode(db);
    seine_reset(st);
  }
  seine_finalize(st);
  return rc ? rc : mergeLet(b, "COMMIT");
}

/* All but the transaction whose commit merges. */
static void mergeFill(void) {
  Beside none = {.done = 1};
  bool good = true;
  mergeClose();
  unlink(MERGE_FILE);
  mergeOpen();
  good &= !mergeRun(db, "CREATE TABLE t(i INTEGER, k KEYWORD, body TEXT)");
  good &= !mergeRun(db, "CREATE TABLE u(a INTEGER)");
  for (int k = 0; k < MERGE_TXNS - 1; k++) good &= !mergeInsert(k, &none);
  if (good && mergeSegments("t") == MERGE_TXNS - 1) return;
  printf("Bail out! no segments: %s\n", seine_errmsg(db));
  exit(1);
}

static int mergeCommit(Beside *b) {
  return mergeInsert(MERGE_TXNS - 1, b);
}

static int mergeOptimize(Beside *b) {
  int rc = mergeInsert(MERGE_TXNS, &(Beside){.done = 1});
  return rc ? rc : mergeLet(b, "OPTIMIZE t");
}

typedef struct Case {
  const char *sql;
  i64 rows;        /* of t, when its transactions are `txns` */
  const char *ask; /* a query */
  i64 is;          /* ... and its answer */
  u32 segments;    /* of t, behind the commit; 0: any number */
} Case;

#define ALL (MERGE_TXNS * MERGE_ROWS)

static const Case merge_cases[] = {
  {"DELETE FROM t WHERE i % 7 = 0", ALL - 343,
      "SELECT count(*) FROM t WHERE i % 7 = 0", 0, 1},
  {"DELETE FROM t WHERE i BETWEEN 310 AND 320", ALL - 11,
      "SELECT count(*) FROM t WHERE body MATCH 'x315'", 0, 1},
  {"DELETE FROM t WHERE i = 0", ALL - 1,
      "SELECT min(i) FROM t", 1, 1},
  {"DELETE FROM t", 0, "SELECT count(*) FROM t WHERE k = 'k3'", 0, 0},
  {"UPDATE t SET body = 'changed' WHERE i % 100 = 5", ALL,
      "SELECT count(*) FROM t WHERE body MATCH 'changed'", ALL / 100, 2},
  {"INSERT INTO t SELECT i + 100000, k, body FROM t WHERE i < 500", ALL + 500,
      "SELECT count(*) FROM t WHERE body MATCH 'x77'", 2, 2},
  {"UPDATE t SET i = -1", ALL, "SELECT max(i) FROM t", -1, MERGE_TXNS},
  {"ALTER TABLE t ADD COLUMN n INTEGER", ALL,
      "SELECT count(*) FROM t WHERE n IS NULL", ALL, MERGE_TXNS},
  {"ALTER TABLE t DROP COLUMN k", ALL, "SELECT sum(i) FROM t",
      (i64)ALL * (ALL - 1) / 2, MERGE_TXNS},
  {"CREATE TABLE v(a INTEGER)", ALL, "SELECT count(*) FROM v", 0, MERGE_TXNS},
  {"OPTIMIZE t", ALL, "SELECT count(DISTINCT i) FROM t", ALL, 1},
  {"DROP TABLE t; CREATE TABLE t(i INTEGER, body TEXT);"
      "INSERT INTO t VALUES(5, 'one')", 1, "SELECT i FROM t", 5, 1},
  {"VACUUM", ALL, "SELECT count(DISTINCT k) FROM t", 50, 0},
};

static void mergeCases(void) {
  for (u32 c = 0; c < SN_COUNT(merge_cases); c++) {
    const Case *k = merge_cases + c;
    Beside b = {.sql = k->sql};
    mergeFill();
    int rc = mergeCommit(&b);
    i64 rows = mergeInt("SELECT count(*) FROM t");
    i64 is = mergeInt(k->ask);
    u32 n = mergeSegments("t");
    snprintf(tapWhy, sizeof tapWhy, "rc %d, let in %u of %u, its rc %d (%s); "
        "rows %lld, answer %lld, segments %u", rc, b.done, b.asked, b.rc,
        b.rc ? seine_errmsg(other) : "", (long long)rows, (long long)is, n);
    bool cut = strcmp(k->sql, "VACUUM"); /* not while it is open twice */
    bool let = b.done && b.rc == (cut ? SEINE_OK : SEINE_BUSY);
    bool good = !rc && let && rows == k->rows && is == k->is &&
        (!k->segments || n == k->segments) && mergeSound();
    mergeClose();
    mergeOpen();
    good = good && mergeInt("SELECT count(*) FROM t") == k->rows;
    tapOk(good && mergeSound(), "a commit's merge and %.50s", k->sql);
  }
}

/* OPTIMIZE leaves one segment whatever happens, but for rows that came
** meanwhile. */
static void mergeOptimized(void) {
  static const Case cases[] = {
    {"DELETE FROM t WHERE i % 9 = 0", 0,
        "SELECT count(*) FROM t WHERE i % 9 = 0", 0, 1},
    {"UPDATE t SET i = -2", 0, "SELECT max(i) FROM t", -2, 1},
    {"ALTER TABLE t ADD COLUMN n INTEGER", 0,
        "SELECT count(n) FROM t", 0, 1},
    {"INSERT INTO t VALUES(-5, 'k', 'late')", 0, "SELECT min(i) FROM t", -5,
        2},
    {"DROP TABLE t; CREATE TABLE t(i INTEGER)", 0,
        "SELECT count(*) FROM t", 0, 0},
  };
  for (u32 c = 0; c < SN_COUNT(cases); c++) {
    const Case *k = cases + c;
    Beside b = {.sql = k->sql};
    Beside none = {.done = 1};
    mergeFill();
    int rc = mergeCommit(&none);
    if (!rc) rc = mergeOptimize(&b);
    i64 is = mergeInt(k->ask);
    u32 n = mergeSegments("t");
    snprintf(tapWhy, sizeof tapWhy, "rc %d, let in %u, its rc %d; answer "
        "%lld, segments %u", rc, b.done, b.rc, (long long)is, n);
    tapOk(!rc && b.done && !b.rc && is == k->is && n <= k->segments &&
        mergeSound(), "OPTIMIZE and %.50s", k->sql);
  }
}

/* In a transaction it keeps the lock, since it may be undone. */
static void mergeInside(void) {
  Beside b = {.sql = "DELETE FROM t"};
  mergeFill();
  int rc = mergeRun(db, "BEGIN");
  if (!rc) rc = mergeRun(db, "INSERT INTO u VALUES(2)");
  if (!rc) rc = mergeLet(&b, "OPTIMIZE t");
  tapOk(!rc && b.asked && !b.done && mergeSegments("t") == 1,
      "OPTIMIZE in a transaction lets nobody in");
  rc = mergeRun(db, "ROLLBACK");
  tapOk(!rc && mergeSegments("t") == MERGE_TXNS - 1 && mergeSound(),
      "... and is undone with it");
}

/* ---- ends of all kinds --------------------------------------------------- */

static void mergeEnds(void) {
  Beside closes = {.sql = "INSERT INTO u VALUES(3)", .closes = true};
  Beside stops = {.sql = NULL};
  tapWhy[0] = 0;
  mergeFill();
  int rc = mergeCommit(&closes);
  tapOk(!rc && closes.done && !closes.rc && mergeSegments("t") == 1 &&
      mergeInt("SELECT count(*) FROM u") == 2 && mergeSound(),
      "another connection closes meanwhile");
  mergeFill();
  rc = mergeCommit(&stops);
  tapOk(!rc && stops.done && mergeSegments("t") == MERGE_TXNS &&
      mergeInt("SELECT count(*) FROM t") == ALL && mergeSound(),
      "interrupted: the commit stands, its segments too");
  rc = mergeRun(db, "DELETE FROM t WHERE i = 3");
  if (!rc) rc = mergeInsert(MERGE_TXNS, &closes);
  tapOk(!rc && mergeSegments("t") <= 2 &&
      mergeInt("SELECT count(*) FROM t") == ALL + MERGE_ROWS - 1 &&
      mergeSound(), "... and the next one merges");
}

/* The child dies with pages set aside. */
static void mergeDies(void) {
  Beside b = {.dies = true};
  int status = -1;
  tapWhy[0] = 0;
  mergeFill();
  mergeClose();
  pid_t child = fork();
  if (!child) {
    mergeOpen();
    mergeCommit(&b);
    _exit(1);
  }
  waitpid(child, &status, 0);
  mergeOpen();
  tapOk(WIFEXITED(status) && !WEXITSTATUS(status) &&
      mergeInt("SELECT count(*) FROM t") == ALL && mergeSound(),
      "the process dies in a merge");
  Beside none = {.done = 1};
  i64 dead = mergeDead();
  bool good = true;
  for (int i = 0; i < 10; i++) {
    good &= !mergeRun(db, "DELETE FROM u");
    good &= !mergeRun(db, "INSERT INTO u VALUES(4)");
  }
  good &= mergeSegments("t") == MERGE_TXNS;
  i64 now = mergeDead();
  good &= !mergeInsert(MERGE_TXNS, &none) && mergeSegments("t") <= 2;
  snprintf(tapWhy, sizeof tapWhy, "dead pages %lld, then %lld",
      (long long)dead, (long long)now);
  tapOk(good && dead > 20 && now < 20 && mergeSound(),
      "... and what it had set aside is free again");
  tapWhy[0] = 0;
}

static void mergeFaults(void) {
  Beside none = {.done = 1};
  bool quick = getenv("SEINE_QUICK") != NULL;
  u32 failed = 0, passed = 0, wrong = 0;
  for (i64 n = 1; passed < 3 && !wrong; n += quick ? n / 2 + 1 : n / 12 + 1) {
    mergeFill();
    snFaultMem(n, n % 2);
    int rc = mergeInsert(MERGE_TXNS - 1, &none);
    snFaultMem(0, false);
    if (rc) (void)mergeRun(db, "ROLLBACK");
    i64 rows = mergeInt("SELECT count(*) FROM t");
    i64 least = rc ? ALL - MERGE_ROWS : ALL;
    bool good = (rc == SEINE_OK || rc == SEINE_NOMEM) && rows == least &&
        mergeSound();
    failed += good && (rc || mergeSegments("t") > 1);
    passed += good && !rc && mergeSegments("t") == 1;
    wrong += !good;
    if (!good)
      snprintf(tapWhy, sizeof tapWhy, "allocation %lld: rc %d, rows %lld",
          (long long)n, rc, (long long)rows);
  }
  tapOk(!wrong && failed > 5, "allocations fail in a commit that merges");
}

int main(void) {
  mergeCases();
  mergeOptimized();
  mergeInside();
  mergeEnds();
  mergeDies();
  mergeFaults();
  mergeClose();
  unlink(MERGE_FILE);
  return tapEnd();
}
