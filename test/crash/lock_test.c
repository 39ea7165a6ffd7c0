/*
** Two processes and one file.
**   1 a busy timeout: at once, after a while, and long enough
**   2 a writer killed while it holds the lock: its lock and its rows are gone
**   3 a reader keeps its snapshot, in a transaction and in a statement half
**     read, while another process inserts, deletes, merges and drops
**   4 a reader killed while it pins a snapshot holds no space for ever
**   5 two writers that wait for each other lose nothing
**   6 a transaction that has read cannot write over what came since; one that
**     has not, can; a statement sees tables changed while it waited
**   7 a reader that may not write, of a file being written
*/
#include "seine.h"
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define FILE_NAME "lock.db"

static int testCount, testFailed;
static char said[300]; /* cells of the last query, or its error */

static bool ok(bool good, const char *what) {
  testCount++;
  if (!good) testFailed++;
  printf("%sok %d - %s\n", good ? "" : "not ", testCount, what);
  if (!good) printf("# %s\n", said);
  fflush(stdout);
  return good;
}

static int64_t nowMs(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000ll + t.tv_nsec / 1000000;
}

static int sayCell(void *arg, int n, char **text, char **name) {
  (void)arg, (void)name;
  for (int i = 0; i < n; i++) {
    size_t at = strlen(said);
    snprintf(said + at, sizeof said - at, "%s|", text[i] ? text[i] : "null");
  }
  return 0;
}

static int run(seine *db, const char *sql) {
  said[0] = 0;
  int rc = seine_exec(db, sql, sayCell, NULL, NULL);
  if (rc) snprintf(said, sizeof said, "%d: %s", rc, seine_errmsg(db));
  return rc;
}

static bool gives(seine *db, const char *sql, const char *want) {
  return run(db, sql) == SEINE_OK && !strcmp(said, want);
}

static seine *openFile(int flags) {
  seine *db;
  if (seine_open_v2(FILE_NAME, &db, flags, NULL))
    snprintf(said, sizeof said, "%s", seine_errmsg(db));
  return db;
}

static seine *openUsual(void) {
  return openFile(SEINE_OPEN_READWRITE | SEINE_OPEN_CREATE);
}

static void fileNew(void) {
  unlink(FILE_NAME);
  seine *db = openUsual();
  run(db, "CREATE TABLE t (a INTEGER, b TEXT);"
      "INSERT INTO t VALUES (1, 'one word'), (2, 'two words')");
  seine_close(db);
}

/* ---- the other process -------------------------------------------------- */

/* It runs fn, which waits for a byte before each step and answers one. */
typedef struct Other {
  pid_t pid;
  int to, from;
} Other;

static int otherIn, otherOut;

static void otherSay(void) {
  if (write(otherOut, "x", 1) != 1) _exit(2);
}

static void otherWait(void) {
  char c;
  if (read(otherIn, &c, 1) != 1) _exit(2);
}

static Other otherStart(void (*fn)(void)) {
  int a[2], b[2];
  Other o = {0};
  if (pipe(a) || pipe(b)) exit(2);
  fflush(stdout);
  o.pid = fork();
  if (o.pid == 0) {
    close(a[1]);
    close(b[0]);
    otherIn = a[0];
    otherOut = b[1];
    fn();
    _exit(0);
  }
  close(a[0]);
  close(b[1]);
  o.to = a[1];
  o.from = b[0];
  return o;
}

static bool otherHear(const Other *o) {
  char c;
  return read(o->from, &c, 1) == 1;
}

static void otherGo(const Other *o) {
  if (write(o->to, "x", 1) != 1) printf("# the other process is gone\n");
}

/* The exit code of the other process, or -1 when a signal ended it. */
static int otherEnd(Other *o, int sig) {
  int status;
  if (sig) kill(o->pid, sig);
  close(o->to);
  waitpid(o->pid, &status, 0);
  close(o->from);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void otherMust(bool good, const char *what) {
  if (good) return;
  fprintf(stderr, "# other: %s: %s\n", what, said);
  _exit(1);
}

/* ---- 1, 2: the lock ----------------------------------------------------- */

static void holdLock(void) {
  seine *db = openUsual();
  otherMust(!run(db, "BEGIN IMMEDIATE; INSERT INTO t VALUES (3, 'held')"),
      "begin");
  otherSay();
  otherWait();
  usleep(300000);
  otherMust(!run(db, "COMMIT"), "commit");
  seine_close(db);
}

static int busyCalls;
static int busyThrice(void *arg, int n) {
  busyCalls++;
  return *(int *)arg > n;
}

static void testBusy(void) {
  int limit = 3;
  fileNew();
  Other o = otherStart(holdLock);
  otherHear(&o);
  seine *db = openUsual();
  seine_busy_timeout(db, 0);
  ok(gives(db, "SELECT count(*) FROM t", "2|"), "a reader does not wait");
  int64_t t0 = nowMs();
  ok(run(db, "INSERT INTO t VALUES (4, 'x')") == SEINE_BUSY &&
      nowMs() - t0 < 200, "no timeout: busy at once");
  ok(strstr(said, "lock") != NULL, "the message says so");
  seine_busy_timeout(db, 150);
  t0 = nowMs();
  ok(run(db, "BEGIN IMMEDIATE") == SEINE_BUSY && nowMs() - t0 >= 140 &&
      nowMs() - t0 < 2000, "busy after the timeout");
  ok(seine_get_autocommit(db) == 1, "no transaction was begun");
  seine_busy_handler(db, busyThrice, &limit);
  ok(run(db, "DELETE FROM t") == SEINE_BUSY && busyCalls == 4,
      "the handler gives up");
  seine_busy_timeout(db, 20000);
  otherGo(&o);
  t0 = nowMs();
  ok(run(db, "INSERT INTO t VALUES (5, 'y')") == SEINE_OK &&
      nowMs() - t0 >= 250, "a long timeout waits for the other");
  ok(gives(db, "SELECT a FROM t ORDER BY a", "1|2|3|5|"),
      "both have written");
  ok(otherEnd(&o, 0) == 0, "the other saw no error");
  seine_close(db);
}

static void testKilledHolder(void) {
  fileNew();
  seine *db = openUsual();
  seine_busy_timeout(db, 0);
  for (int i = 0; i < 5; i++) {
    Other o = otherStart(holdLock);
    otherHear(&o);
    bool busy = run(db, "INSERT INTO t VALUES (9, 'z')") == SEINE_BUSY;
    otherEnd(&o, SIGKILL);
    bool good = run(db, "INSERT INTO t VALUES (9, 'z')") == SEINE_OK;
    if (!busy || !good) {
      ok(false, "the lock of a killed writer");
      break;
    }
  }
  ok(gives(db, "SELECT a, count(*) FROM t GROUP BY a ORDER BY a",
      "1|1|2|1|9|5|"), "a killed writer leaves neither lock nor rows");
  ok(gives(db, "PRAGMA integrity_check", "ok|"), "and a sound file");
  seine_close(db);
}

/* ---- 3, 4: the snapshot ------------------------------------------------- */

#define SNAP_SQL "SELECT count(*), sum(a), min(b), max(b) FROM t"

static void keepSnapshot(void) {
  seine_stmt *s;
  char first[sizeof said];
  seine *db = openUsual();
  int n = 0, rc;
  otherMust(!run(db, "BEGIN"), "begin");
  otherMust(!run(db, SNAP_SQL), "read");
  memcpy(first, said, sizeof first);
  otherMust(!seine_prepare_v2(db, "SELECT a, b FROM t", -1, &s, NULL),
      "prepare");
  otherMust(seine_step(s) == SEINE_ROW, "step");
  otherSay();
  otherWait();
  otherMust(gives(db, SNAP_SQL, first), "the same totals");
  otherMust(gives(db, "SELECT count(*) FROM t WHERE b MATCH 'word'", "2500|"),
      "the same matches");
  do {
    n++;
    if (!seine_column_text(s, 1)) otherMust(false, "a text");
  } while ((rc = seine_step(s)) == SEINE_ROW);
  otherMust(rc == SEINE_DONE && n == 5000, "the rest of the rows");
  seine_finalize(s);
  otherMust(!run(db, "COMMIT"), "commit");
  otherMust(run(db, SNAP_SQL) == SEINE_ERROR, "the table is dropped");
  otherMust(gives(db, "SELECT count(*) FROM u", "1|"), "the new table");
  seine_close(db);
}

static bool fill(seine *db, int n) {
  char sql[200];
  bool good = run(db, "BEGIN") == SEINE_OK;
  for (int i = 0; good && i < n; i++) {
    snprintf(sql, sizeof sql, "INSERT INTO t VALUES (%d, '%s number %d')", i,
        i % 2 ? "word" : "other", i);
    good = run(db, sql) == SEINE_OK;
  }
  return good && run(db, "COMMIT") == SEINE_OK;
}

static void testSnapshot(void) {
  bool good = true;
  fileNew();
  seine *db = openUsual();
  good = run(db, "DELETE FROM t") == SEINE_OK && fill(db, 5000);
  ok(good, "5,000 rows");
  Other o = otherStart(keepSnapshot);
  otherHear(&o);
  for (int i = 0; good && i < 60; i++) {
    char sql[300];
    snprintf(sql, sizeof sql, "DELETE FROM t WHERE a %% 60 = %d;"
        "INSERT INTO t VALUES (%d, 'another word');"
        "UPDATE t SET b = 'changed', a = a + 1200000 WHERE a = %d", i,
        120000 + i, 120000 + i - 1);
    good = run(db, sql) == SEINE_OK;
    if (good && i % 20 == 19) good = run(db, "OPTIMIZE t") == SEINE_OK;
  }
  ok(good, "a writer commits and merges beside");
  ok(gives(db, "SELECT count(*) FROM t", "60|"), "its own view moves on");
  ok(run(db, "DROP TABLE t; CREATE TABLE u (x TEXT);"
      "INSERT INTO u VALUES ('new')") == SEINE_OK, "and drops the table");
  otherGo(&o);
  ok(otherEnd(&o, 0) == 0, "the reader kept its snapshot");
  ok(gives(db, "PRAGMA integrity_check", "ok|"), "the file is sound");
  seine_close(db);
}

static long fileSize(void) {
  struct stat st;
  return stat(FILE_NAME, &st) ? -1 : (long)st.st_size;
}

static void testDeadPin(void) {
  fileNew();
  seine *db = openUsual();
  ok(run(db, "DELETE FROM t") == SEINE_OK && fill(db, 5000), "5,000 rows");
  Other o = otherStart(keepSnapshot);
  otherHear(&o);
  otherEnd(&o, SIGKILL);
  bool good = true;
  for (int i = 0; good && i < 10; i++)
    good = run(db, "UPDATE t SET a = a + 1; OPTIMIZE t") == SEINE_OK;
  long early = fileSize();
  for (int i = 0; good && i < 20; i++)
    good = run(db, "UPDATE t SET a = a + 1; OPTIMIZE t") == SEINE_OK;
  ok(good && fileSize() <= early, "space pinned by the dead is used again");
  if (fileSize() > early) printf("# %ld, then %ld\n", early, fileSize());
  seine_close(db);
}

/* ---- 5, 6, 7: two writers ----------------------------------------------- */

static void insertMany(void) {
  seine *db = openUsual();
  seine_busy_timeout(db, 60000);
  otherSay();
  for (int i = 0; i < 100; i++)
    otherMust(!run(db, i % 3 ? "INSERT INTO t VALUES (7, 'other')"
                             : "BEGIN; INSERT INTO t VALUES (7, 'in one');"
                               "COMMIT"), "insert");
  seine_close(db);
}

static void testTwoWriters(void) {
  bool good = true;
  fileNew();
  seine *db = openUsual();
  seine_busy_timeout(db, 60000);
  Other o = otherStart(insertMany);
  otherHear(&o);
  for (int i = 0; good && i < 100; i++)
    good = run(db, "INSERT INTO t VALUES (8, 'mine')") == SEINE_OK;
  ok(good, "one writer of two");
  ok(otherEnd(&o, 0) == 0, "the other of two");
  ok(gives(db, "SELECT a, count(*) FROM t GROUP BY a ORDER BY a",
      "1|1|2|1|7|100|8|100|"), "nothing was lost");
  ok(gives(db, "PRAGMA integrity_check", "ok|"), "the file is sound");
  seine_close(db);
}

/* Holds the lock while the parent waits for it, then has dropped a column
** and made a table. */
static void alterSlowly(void) {
  seine *db = openUsual();
  otherMust(!run(db, "BEGIN IMMEDIATE; ALTER TABLE t DROP COLUMN a;"
      "ALTER TABLE t ADD COLUMN c TEXT; CREATE TABLE u (x TEXT)"), "alter");
  otherSay();
  usleep(200000);
  otherMust(!run(db, "COMMIT"), "commit");
  seine_close(db);
}

static void commitOne(void) {
  seine *db = openUsual();
  for (;;) {
    otherWait();
    otherMust(!run(db, "INSERT INTO t VALUES (3, 'since')"), "insert");
    otherSay();
  }
}

static void testStale(void) {
  fileNew();
  seine *db = openUsual();
  Other o = otherStart(commitOne);
  run(db, "BEGIN; SELECT count(*) FROM t");
  otherGo(&o);
  otherHear(&o);
  ok(run(db, "INSERT INTO t VALUES (4, 'late')") == SEINE_BUSY,
      "what was read is no longer the newest");
  ok(gives(db, "SELECT count(*) FROM t", "2|"), "the snapshot stays");
  ok(run(db, "ROLLBACK; INSERT INTO t VALUES (4, 'again')") == SEINE_OK,
      "after ROLLBACK it goes");
  run(db, "BEGIN");
  otherGo(&o);
  otherHear(&o);
  ok(run(db, "DELETE FROM t WHERE a = 3; COMMIT") == SEINE_OK,
      "a transaction that begins by writing takes the newest");
  ok(gives(db, "SELECT a FROM t ORDER BY a", "1|2|4|"), "and sees it");
  otherEnd(&o, SIGKILL);
  o = otherStart(alterSlowly);
  otherHear(&o);
  ok(run(db, "UPDATE t SET b = 'x' WHERE b = 'again'") == SEINE_OK,
      "columns that moved while it waited");
  ok(gives(db, "SELECT * FROM t WHERE b = 'x'", "x|null|"), "are found");
  ok(otherEnd(&o, 0) == 0, "the other saw no error");
  seine_close(db);
}

static void testReadOnly(void) {
  fileNew();
  seine *db = openFile(SEINE_OPEN_READONLY);
  Other o = otherStart(commitOne);
  ok(gives(db, "SELECT count(*) FROM t", "2|"), "read only: before");
  otherGo(&o);
  otherHear(&o);
  ok(gives(db, "SELECT count(*) FROM t", "3|"), "read only: after");
  ok(run(db, "INSERT INTO t VALUES (1, 'x')") == SEINE_READONLY,
      "read only: no writing");
  otherEnd(&o, SIGKILL);
  seine_close(db);
}

int main(void) {
  testBusy();
  testKilledHolder();
  testSnapshot();
  testDeadPin();
  testTwoWriters();
  testStale();
  testReadOnly();
  printf("1..%d\n", testCount);
  return testFailed > 0;
}
