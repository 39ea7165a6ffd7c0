/*
** behind_test: what commits leave is done behind them, by a thread of the
** connection under PRAGMA threads.
**   1  a connection that waits for no other one waits for its own thread, and
**      its rows become segments meanwhile
**   2  there is none in memory, under a limit of the memory, without PRAGMA
**      threads, or when the file has got another name
**   3  it ends before VACUUM, OPTIMIZE and a limit, and starts again behind
**      them; VACUUM makes the file shorter
**   4  closing does not wait for a merge
**   5  a child of fork() has none, and its parent goes on
**   6  what it cannot write shows to the connection, and nothing is lost
*/
#include "vm/session.h"
#include "api/apiInt.h"
#include "ask.h"
#include "../tap.h"
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char behind_path[] = "behind_test.db";
static const char behind_other[] = "behind_other.db";

static seine *behindOpen(const char *path, const char *vfs) {
  seine *db = NULL;
  int flags = SEINE_OPEN_READWRITE | SEINE_OPEN_CREATE;
  if (seine_open_v2(path, &db, flags, vfs) || seine_busy_timeout(db, 0))
    exit(1);
  return db;
}

static int behindRun(seine *db, const char *fmt, ...) {
  char sql[400];
  va_list ap;
  va_start(ap, fmt);
  vsnprintf(sql, sizeof sql, fmt, ap);
  va_end(ap);
  int rc = seine_exec(db, sql, NULL, NULL, NULL);
  if (rc)
    snprintf(tapWhy, sizeof tapWhy, "rc %d, %s: %.150s", rc,
        seine_errmsg(db), sql);
  return rc;
}

/* A connection with a thread, to a new file; little room in a claim gives it
** much to do. */
static seine *behindNew(const char *vfs) {
  unlink(behind_path);
  seine *db = behindOpen(behind_path, vfs);
  (void)behindRun(db, "PRAGMA threads = 2; PRAGMA delta_bytes = 200;"
      "CREATE TABLE t(id INTEGER PRIMARY KEY, s TEXT)");
  return db;
}

/* The connection had a thread while it was filled: that may be over, since a
** vacuum behind a merge ends it. */
static bool behindSeen;

/* How many of n rows, one a commit, were acknowledged before an error. */
static i64 behindFill(seine *db, i64 from, i64 n) {
  behindSeen = false;
  for (i64 i = from; i < from + n; i++) {
    if (behindRun(db, "INSERT INTO t VALUES (%lld, 'row %lld of some')",
        (long long)i, (long long)i)) return i - from;
    behindSeen |= db->session->thread != NULL;
  }
  return n;
}

static bool behindHas(seine *db, i64 n) {
  i64 rows = askInt(db, "SELECT count(*) FROM t");
  i64 found = askInt(db, "SELECT count(*) FROM t WHERE s MATCH 'some'");
  i64 ids = askInt(db, "SELECT count(DISTINCT id) FROM t");
  bool good = rows == n && found == n && ids == n && askSound(db);
  if (!good)
    snprintf(tapWhy, sizeof tapWhy, "%lld rows, %lld found, %lld ids; %lld"
        " wanted", (long long)rows, (long long)found, (long long)ids,
        (long long)n);
  return good;
}

/* The last of several connections closes it: then it is as it will be. */
static bool behindKept(i64 n) {
  seine *db = behindOpen(behind_path, NULL);
  bool good = behindHas(db, n);
  seine_close(db);
  return good;
}

/* Spills of the table, as they stand now; fewer is better. */
static u32 behindSpills(seine *db) {
  Session *s = db->session;
  TableState *t = NULL;
  u32 n = 0;
  if (!snSessionRefresh(s) && !snSessionFind(s, "t", 1, &t) && t)
    n = t->rows.nspill;
  snSessionIdle(s);
  return n;
}

/* ---- 1 ------------------------------------------------------------------ */

static void behindAlone(void) {
  seine *db = behindNew(NULL);
  tapOk(!db->session->thread, "no thread before there is something to do");
  tapOk(behindFill(db, 0, 3000) == 3000, "no commit finds the file locked");
  tapOk(behindSeen, "a thread works");
  u32 n = UINT32_MAX;
  for (int i = 0; i < 500 && n >= SESSION_LAND; i++) {
    n = behindSpills(db);
    if (n >= SESSION_LAND) usleep(10000);
  }
  snprintf(tapWhy, sizeof tapWhy, "%u spills", n);
  tapOk(n < SESSION_LAND, "without a commit more it comes to its end");
  tapOk(behindHas(db, 3000), "all rows are there");
  tapOk(!behindRun(db, "BEGIN; INSERT INTO t VALUES (-1, 'some'); ROLLBACK;"
      "DELETE FROM t WHERE id %% 2 = 1") && behindFill(db, 3000, 500) == 500
      && behindHas(db, 2000), "beside transactions and deletions");
  seine_close(db);
  tapOk(behindKept(2000), "they are when it is closed");
}

/* ---- 2 ------------------------------------------------------------------ */

static void behindNone(void) {
  seine *db = behindOpen(":memory:", NULL);
  tapOk(!behindRun(db, "PRAGMA threads = 2; PRAGMA delta_bytes = 200;"
      "CREATE TABLE t(id INTEGER PRIMARY KEY, s TEXT)")
      && behindFill(db, 0, 600) == 600 && behindHas(db, 600)
      && !behindSeen && behindSpills(db) < SESSION_LAND,
      "in memory the connection does it");
  seine_close(db);
  db = behindNew(NULL);
  tapOk(!behindRun(db, "PRAGMA threads = 1") && behindFill(db, 0, 600) == 600
      && !behindSeen && behindSpills(db) < SESSION_LAND,
      "without PRAGMA threads, too");
  (void)behindRun(db, "PRAGMA threads = 2; PRAGMA memory_limit = 8000000");
  tapOk(behindFill(db, 600, 600) == 600 && !behindSeen
      && behindSpills(db) < SESSION_LAND && behindHas(db, 1200),
      "and under a limit of the memory");
  seine_close(db);

  db = behindNew(NULL);
  unlink(behind_other);
  bool moved = !rename(behind_path, behind_other);
  seine *other = behindOpen(behind_path, NULL);
  (void)behindRun(other, "CREATE TABLE t(id INTEGER PRIMARY KEY, s TEXT)");
  tapOk(moved && behindFill(db, 0, 600) == 600 && !behindSeen
      && behindHas(db, 600) && behindHas(other, 0),
      "where the name leads elsewhere no thread opens the other file");
  seine_close(other);
  seine_close(db);
  unlink(behind_other);
}

/* ---- 3 ------------------------------------------------------------------ */

static i64 behindSize(void) {
  struct stat st;
  return stat(behind_path, &st) ? -1 : (i64)st.st_size;
}

static void behindStill(void) {
  seine *db = behindNew(NULL);
  i64 rows = 0;
  static const char *const sql[] = {"VACUUM", "OPTIMIZE t",
      "PRAGMA threads = 3", "PRAGMA memory_limit = 0"};
  for (u32 i = 0; i < SN_COUNT(sql); i++) {
    bool good = behindFill(db, rows, 500) == 500 && behindSeen
        && !behindRun(db, "%s", sql[i]);
    rows += 500;
    tapOk(good && !db->session->thread, "%s: the thread has ended", sql[i]);
  }
  tapOk(behindFill(db, rows, 500) == 500 && behindSeen
      && behindHas(db, rows + 500), "another one has begun");
  i64 size = behindSize();
  tapOk(!behindRun(db, "DELETE FROM t WHERE id > 10; OPTIMIZE t; VACUUM")
      && behindSize() < size, "the file becomes shorter");
  tapOk(behindHas(db, 11), "and has what it should have");
  seine_close(db);
}

/* ---- 4 ------------------------------------------------------------------ */

static void behindClose(void) {
  seine *db = behindNew(NULL);
  i64 rows = 0;
  bool good = true;
  for (int i = 0; good && i < 6; i++, rows += 60000)
    good = !behindRun(db, "INSERT INTO t SELECT i, 'some ' || i || ' words "
        "of ' || (i * 7919 %% 99991) FROM generate_series(%lld, %lld) g(i)",
        (long long)rows, (long long)rows + 59999);
  tapOk(good, "six segments of 60,000 rows");
  for (int i = 0; good && i < 30; i++, rows += 500)
    good = !behindRun(db, "INSERT INTO t SELECT i, 'some ' || i FROM "
        "generate_series(%lld, %lld) g(i)", (long long)rows,
        (long long)rows + 499);
  tapOk(good, "and some small ones");
  u64 from = snClockNs();
  seine_close(db);
  double ms = (double)(snClockNs() - from) / 1e6;
  snprintf(tapWhy, sizeof tapWhy, "%.0f ms", ms);
  tapOk(ms < 2000, "closing does not wait for a merge");
  tapOk(behindKept(rows), "nothing is lost by that");
}

/* ---- 5 ------------------------------------------------------------------ */

/* The child leaves the file alone, or closes what it has inherited. */
static void behindFork(bool closes) {
  seine *db = behindNew(NULL);
  bool good = behindFill(db, 0, 700) == 700 && behindSeen;
  int status = -1;
  fflush(stdout);
  pid_t pid = fork();
  if (!pid) {
    alarm(20);
    snSessionStill(db->session);
    if (db->session->thread) _exit(2);
    if (closes) seine_close(db);
    _exit(0);
  }
  good = good && pid > 0 && behindFill(db, 700, 700) == 700;
  good = good && waitpid(pid, &status, 0) == pid && !status;
  snprintf(tapWhy, sizeof tapWhy, "status %d", status);
  tapOk(good, "a child %s", closes ? "closes the connection" : "ends");
  tapOk(behindHas(db, 1400), "its parent has all rows");
  seine_close(db);
}

/* ---- 6 ------------------------------------------------------------------ */

/* A vfs of which a sync fails, the first one of the thread behind, and all that
** end after that: an error is told to each descriptor. */
enum { BEHIND_WORKS, BEHIND_WILL, BEHIND_FAILS };
static Vfs behindVfs;
static Vfs *behindUnix;
static struct FileOps behindOps;
static const struct FileOps *behindUnixOps;
static pthread_t behindFirst;
static int behindState; /* atomic */

static int behindSync(File *f) {
  int will = BEHIND_WILL, rc = behindUnixOps->sync(f);
  if (!pthread_equal(pthread_self(), behindFirst))
    (void)__atomic_compare_exchange_n(&behindState, &will, BEHIND_FAILS, false,
        __ATOMIC_RELAXED, __ATOMIC_RELAXED);
  return __atomic_load_n(&behindState, __ATOMIC_RELAXED) == BEHIND_FAILS
      ? SN_IOERR : rc;
}

static int behindOpenFile(Vfs *v, const char *path, int flags, File **out) {
  (void)v;
  int rc = behindUnix->open(behindUnix, path, flags, out);
  if (rc) return rc;
  behindUnixOps = (*out)->ops;
  behindOps = *behindUnixOps;
  behindOps.sync = behindSync;
  (*out)->ops = &behindOps;
  return SEINE_OK;
}

static void behindBroken(void) {
  behindUnix = snOsUnix();
  behindVfs = *behindUnix;
  behindVfs.name = "behind";
  behindVfs.open = behindOpenFile;
  behindFirst = pthread_self();
  snOsRegister(&behindVfs);
  seine *db = behindNew("behind");
  i64 rows = behindFill(db, 0, 300);
  __atomic_store_n(&behindState, BEHIND_WILL, __ATOMIC_RELAXED);
  bool told = false;
  for (int i = 0; i < 40 && !told; i++) {
    i64 more = behindFill(db, rows, 100);
    rows += more;
    told = more < 100;
  }
  __atomic_store_n(&behindState, BEHIND_WORKS, __ATOMIC_RELAXED);
  tapOk(told, "a sync that fails behind a commit shows to a later one");
  i64 seen = askInt(db, "SELECT count(*) FROM t");
  tapOk(seen == rows || seen == rows + told, "rows that were acknowledged");
  seine_close(db);
  db = behindOpen(behind_path, "behind");
  seen = askInt(db, "SELECT count(*) FROM t");
  snprintf(tapWhy, sizeof tapWhy, "%lld of %lld", (long long)seen,
      (long long)rows);
  tapOk((seen == rows || seen == rows + told) && behindHas(db, seen),
      "are there when it is opened again");
  tapOk(behindFill(db, 100000, 500) == 500, "and there is room for more");
  seine_close(db);
  snOsUnregister(&behindVfs);
}

int main(void) {
  behindAlone();
  behindNone();
  behindStill();
  behindClose();
  behindFork(false);
  behindFork(true);
  behindBroken();
  unlink(behind_path);
  return tapEnd();
}
