/*
** bench_commit: what a commit, a snapshot and an open cost.  The same source
** is built twice, over seine.h and (with -DBENCH_SQLITE) over sqlite3.h, whose
** verbs are the same, so that both engines are measured by the same code.
** SQLite runs with a write-ahead log and synchronous = FULL; Seine with PRAGMA
** threads = 2 or, with -DBENCH_ALONE, as it is: then a connection merges in the
** thread that commits.
** In Seine's table the words of a row can be searched, in SQLite's with
** -DBENCH_FTS5 alone.
**
**   bench_commit commits DB THREADS SECONDS
**     Makes DB anew; THREADS connections, each with a thread of its own, commit
**     rows of 500 bytes, one a transaction.  Prints commits a second, and of
**     one commit p50, p99, max in us.
**   bench_commit merge DB MB SECONDS
**     Makes DB anew with MB of rows in a table.  One thread commits rows, as
**     above, into another table; a second one adds a row to the large table
**     and merges it (Seine: OPTIMIZE; SQLite has no such thing: it rewrites the
**     rows), over and over.  Prints as above, and how many merges ended.
**   bench_commit snapshot DB N
**     ns, each the median of 9 runs of N: a read transaction (BEGIN, a SELECT
**     that finds nothing, COMMIT; less what the same costs inside of a
**     transaction that stays), a SELECT of a row by its rowid that is a
**     transaction of its own, and that SELECT inside of one that stays.
**   bench_commit fill DB MB
**   bench_commit open DB
**     ms, the median of 21: open and close, the pages of the file in the cache
**     and dropped from it; and until the first SELECT has its row.
**   bench_commit kill DB TIMES
**     A process commits rows and is killed.  ms, the worst of TIMES: until the
**     first SELECT has its row, and until the first commit is durable.  Counts
**     that no row is gone which was acknowledged.
*/
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "random.h"

#ifdef BENCH_SQLITE
#include <sqlite3.h>
typedef sqlite3 Db;
typedef sqlite3_stmt Stmt;
#define BENCH_NAME(verb) sqlite3_##verb
#define BENCH_CONST(name) SQLITE_##name
#define BENCH_COPIED , SQLITE_TRANSIENT
#define BENCH_SETUP "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL"
#define BENCH_MERGE "UPDATE big SET id = id + 1"
#ifdef BENCH_FTS5
#define BENCH_MAKE(name) "CREATE VIRTUAL TABLE " name \
  " USING fts5(id UNINDEXED, body)"
#else
#define BENCH_MAKE(name) "CREATE TABLE " name "(id INTEGER, body TEXT)"
#endif
#define BENCH_MAKE_BIG "CREATE TABLE big(id INTEGER, body BLOB)"
#else
#include "seine.h"
typedef seine Db;
typedef seine_stmt Stmt;
#define BENCH_NAME(verb) seine_##verb
#define BENCH_CONST(name) SEINE_##name
#define BENCH_COPIED
#ifdef BENCH_ALONE
#define BENCH_SETUP ""
#else
#define BENCH_SETUP "PRAGMA threads = 2"
#endif
#define BENCH_MERGE "INSERT INTO big VALUES(0, NULL); OPTIMIZE big"
#define BENCH_MAKE(name) "CREATE TABLE " name "(id INTEGER, body TEXT)"
#define BENCH_MAKE_BIG "CREATE TABLE big(id INTEGER, body BLOB)"
#endif

#define BENCH_ROW     500
#define BENCH_PIECE   4000 /* bytes of a row that fills a file */
#define BENCH_THREADS 64
#define BENCH_OPENS   21
#define BENCH_RUNS    9

static double benchNow(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void benchStop(const char *what, const char *why) {
  fprintf(stderr, "bench_commit: %s: %s\n", what, why);
  exit(1);
}

static void benchExec(Db *db, const char *sql) {
  if (*sql && BENCH_NAME(exec)(db, sql, NULL, NULL, NULL))
    benchStop(sql, BENCH_NAME(errmsg)(db));
}

static Db *benchOpen(const char *file) {
  Db *db = NULL;
  if (BENCH_NAME(open)(file, &db)) benchStop(file, "cannot be opened");
  BENCH_NAME(busy_timeout)(db, 60000);
  benchExec(db, BENCH_SETUP);
  return db;
}

static void benchRemove(const char *file) {
  static const char *const ends[] = {"", "-wal", "-shm", "-journal"};
  char path[1024];
  for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
    snprintf(path, sizeof path, "%s%s", file, ends[i]);
    unlink(path);
  }
}

static Stmt *benchPrepare(Db *db, const char *sql) {
  Stmt *s = NULL;
  if (BENCH_NAME(prepare_v2)(db, sql, -1, &s, NULL) || !s)
    benchStop(sql, BENCH_NAME(errmsg)(db));
  return s;
}

/* Runs to the end; how many rows there were. */
static int benchRun(Db *db, Stmt *s) {
  int rc, n = 0;
  while ((rc = BENCH_NAME(step)(s)) == BENCH_CONST(ROW)) n++;
  if (rc != BENCH_CONST(DONE)) benchStop("step", BENCH_NAME(errmsg)(db));
  BENCH_NAME(reset)(s);
  return n;
}

/* Words of a language with 20,000 of them, some more frequent. */
static void benchText(uint64_t *seed, char *to, size_t n) {
  size_t at = 0;
  while (at < n) {
    uint64_t r = randomNext(seed);
    char word[32];
    size_t len = (size_t)snprintf(word, sizeof word, "w%x ",
        (unsigned)((r >> 32) % (1 + (r & 0xffff) % 20000)));
    if (len > n - at) len = n - at;
    memcpy(to + at, word, len);
    at += len;
  }
}

static void benchInsert(Db *db, Stmt *s, int64_t id, uint64_t *seed) {
  char text[BENCH_ROW];
  benchText(seed, text, sizeof text);
  BENCH_NAME(bind_int64)(s, 1, id);
  BENCH_NAME(bind_text)(s, 2, text, BENCH_ROW BENCH_COPIED);
  benchRun(db, s);
}

static int64_t benchCount(const char *file, const char *sql) {
  Db *db = benchOpen(file);
  Stmt *s = benchPrepare(db, sql);
  int64_t n = -1;
  if (BENCH_NAME(step)(s) == BENCH_CONST(ROW))
    n = BENCH_NAME(column_int64)(s, 0);
  else
    benchStop(sql, BENCH_NAME(errmsg)(db));
  BENCH_NAME(finalize)(s);
  BENCH_NAME(close)(db);
  return n;
}

static int benchLess(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* ---- commits ------------------------------------------------------------ */

typedef struct Committer {
  pthread_t thread;
  const char *file;
  uint64_t seed;
  double *us; /* of each commit */
  size_t n, cap;
} Committer;

static pthread_barrier_t benchStart;
static volatile int benchOver;

static void *benchCommit(void *arg) {
  Committer *c = arg;
  Db *db = benchOpen(c->file);
  Stmt *s = benchPrepare(db, "INSERT INTO t VALUES(?1, ?2)");
  pthread_barrier_wait(&benchStart);
  while (!benchOver) {
    double from = benchNow();
    benchInsert(db, s, (int64_t)c->n, &c->seed);
    if (c->n == c->cap) {
      c->cap = c->cap ? 2 * c->cap : 4096;
      c->us = realloc(c->us, c->cap * sizeof *c->us);
      if (!c->us) benchStop("commits", "out of memory");
    }
    c->us[c->n++] = (benchNow() - from) * 1e6;
  }
  BENCH_NAME(finalize)(s);
  BENCH_NAME(close)(db);
  return NULL;
}

static void benchReport(Committer *c, int threads, double s) {
  size_t n = 0;
  double *all;
  for (int i = 0; i < threads; i++) n += c[i].n;
  all = malloc((n + 1) * sizeof *all);
  if (!all || !n) benchStop("commits", "there were none");
  n = 0;
  for (int i = 0; i < threads; i++) {
    memcpy(all + n, c[i].us, c[i].n * sizeof *all);
    n += c[i].n;
    free(c[i].us);
  }
  qsort(all, n, sizeof *all, benchLess);
  printf("%.0f %.0f %.0f %.0f", (double)n / s, all[n / 2], all[n * 99 / 100],
      all[n - 1]);
  free(all);
}

static double benchCommitters(const char *file, Committer *c, int threads,
    double seconds) {
  double from;
  pthread_barrier_init(&benchStart, NULL, (unsigned)threads + 1);
  benchOver = 0;
  for (int i = 0; i < threads; i++) {
    c[i] = (Committer){.file = file, .seed = (uint64_t)i + 1};
    pthread_create(&c[i].thread, NULL, benchCommit, c + i);
  }
  pthread_barrier_wait(&benchStart);
  from = benchNow();
  while (benchNow() - from < seconds) usleep(1000);
  benchOver = 1;
  from = benchNow() - from;
  for (int i = 0; i < threads; i++) pthread_join(c[i].thread, NULL);
  pthread_barrier_destroy(&benchStart);
  return from;
}

static void benchCommits(const char *file, int threads, double seconds) {
  Committer c[BENCH_THREADS];
  size_t n = 0;
  double took;
  Db *db;
  if (threads < 1 || threads > BENCH_THREADS) benchStop("threads", "too many");
  benchRemove(file);
  db = benchOpen(file);
  benchExec(db, BENCH_MAKE("t"));
  BENCH_NAME(close)(db);
  took = benchCommitters(file, c, threads, seconds);
  for (int i = 0; i < threads; i++) n += c[i].n;
  benchReport(c, threads, took);
  printf("\n");
  if (benchCount(file, "SELECT count(*) FROM t") != (int64_t)n)
    benchStop("commits", "rows are missing");
}

/* ---- files of a size ---------------------------------------------------- */

/* In transactions of 16 MB, so that there are segments to merge. */
static void benchFill(const char *file, double mb) {
  uint64_t seed = 7;
  char piece[BENCH_PIECE];
  int64_t n = (int64_t)(mb * 1e6 / BENCH_PIECE);
  Db *db;
  Stmt *s;
  benchRemove(file);
  db = benchOpen(file);
  benchExec(db, BENCH_MAKE("t"));
  benchExec(db, BENCH_MAKE_BIG);
  benchExec(db, "INSERT INTO t VALUES(1, 'one')");
  benchExec(db, "BEGIN");
  s = benchPrepare(db, "INSERT INTO big VALUES(?1, ?2)");
  for (int64_t i = 0; i < n; i++) {
    for (size_t k = 0; k < sizeof piece; k += 8) {
      uint64_t r = randomNext(&seed);
      memcpy(piece + k, &r, 8);
    }
    if (i % 4096 == 4095) benchExec(db, "COMMIT; BEGIN");
    BENCH_NAME(bind_int64)(s, 1, i);
    BENCH_NAME(bind_blob)(s, 2, piece, BENCH_PIECE BENCH_COPIED);
    benchRun(db, s);
  }
  BENCH_NAME(finalize)(s);
  benchExec(db, "COMMIT");
  BENCH_NAME(close)(db);
}

/* ---- beside a merge ----------------------------------------------------- */

static int benchMerges;

static void *benchMerger(void *arg) {
  Db *db = benchOpen(arg);
  while (!benchOver) {
    benchExec(db, BENCH_MERGE);
    if (!benchOver) benchMerges++;
  }
  BENCH_NAME(close)(db);
  return NULL;
}

static void benchBeside(const char *file, double mb, double seconds) {
  Committer c;
  pthread_t merger;
  double took;
  benchFill(file, mb);
  benchOver = 0;
  pthread_create(&merger, NULL, benchMerger, (void *)(uintptr_t)file);
  took = benchCommitters(file, &c, 1, seconds);
  pthread_join(merger, NULL);
  benchReport(&c, 1, took);
  printf(" %d\n", benchMerges);
}

/* ---- snapshots ---------------------------------------------------------- */

/* ns of one round of up to three statements, the median of some runs. */
static double benchRounds(Db *db, Stmt *const *s, int k, int64_t n) {
  double ns[BENCH_RUNS];
  for (int r = 0; r < BENCH_RUNS; r++) {
    double from = benchNow();
    for (int64_t i = 0; i < n; i++) {
      for (int j = 0; j < k; j++) benchRun(db, s[j]);
    }
    ns[r] = (benchNow() - from) * 1e9 / (double)n;
  }
  qsort(ns, BENCH_RUNS, sizeof *ns, benchLess);
  return ns[BENCH_RUNS / 2];
}

static void benchSnapshot(const char *file, int64_t n) {
  uint64_t seed = 3;
  Stmt *s[3], *in, *row, *none;
  double all, look, inside, bare;
  Db *db;
  benchRemove(file);
  db = benchOpen(file);
  benchExec(db, BENCH_MAKE("t"));
  in = benchPrepare(db, "INSERT INTO t VALUES(?1, ?2)");
  benchExec(db, "BEGIN");
  for (int64_t i = 1; i <= 10000; i++) benchInsert(db, in, i, &seed);
  benchExec(db, "COMMIT");
  BENCH_NAME(finalize)(in);
  s[0] = benchPrepare(db, "BEGIN");
  s[1] = none = benchPrepare(db, "SELECT id FROM t WHERE rowid = -1");
  s[2] = benchPrepare(db, "COMMIT");
  row = benchPrepare(db, "SELECT id FROM t WHERE rowid = 5000");
  if (benchRun(db, row) != 1 || benchRun(db, none) != 0)
    benchStop("snapshot", "a row is missing");
  all = benchRounds(db, s, 3, n);
  look = benchRounds(db, &row, 1, n);
  benchExec(db, "BEGIN");
  benchRun(db, row);
  inside = benchRounds(db, &row, 1, n);
  bare = benchRounds(db, &none, 1, n);
  benchExec(db, "COMMIT");
  printf("%.0f %.0f %.0f\n", all - bare, look, inside);
  for (int i = 0; i < 3; i++) BENCH_NAME(finalize)(s[i]);
  BENCH_NAME(finalize)(row);
  BENCH_NAME(close)(db);
}

/* ---- opening ------------------------------------------------------------ */

static void benchForget(const char *file) {
  int fd = open(file, O_RDONLY);
  if (fd < 0) benchStop(file, "cannot be opened");
  fdatasync(fd);
  posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
  close(fd);
}

static void benchFirst(Db *db) {
  Stmt *s = benchPrepare(db, "SELECT id FROM t LIMIT 1");
  if (benchRun(db, s) != 1) benchStop("open", "the first row is missing");
  BENCH_NAME(finalize)(s);
}

static double benchOpens(const char *file, int cold, int first) {
  double ms[BENCH_OPENS];
  for (int i = 0; i < BENCH_OPENS; i++) {
    Db *db = NULL;
    double from;
    if (cold) benchForget(file);
    from = benchNow();
    if (BENCH_NAME(open)(file, &db)) benchStop(file, "cannot be opened");
    if (first) {
      benchFirst(db);
      ms[i] = (benchNow() - from) * 1e3;
    }
    BENCH_NAME(close)(db);
    if (!first) ms[i] = (benchNow() - from) * 1e3;
  }
  qsort(ms, BENCH_OPENS, sizeof *ms, benchLess);
  return ms[BENCH_OPENS / 2];
}

/* ---- after a kill ------------------------------------------------------- */

static double benchWorst(double a, double b) { return a > b ? a : b; }

/* *done is shared with the parent: rows that were acknowledged. */
static void benchVictim(const char *file, volatile int64_t *done) {
  uint64_t seed = 9;
  Db *db = benchOpen(file);
  Stmt *s = benchPrepare(db, "INSERT INTO t VALUES(?1, ?2)");
  for (;;) {
    benchInsert(db, s, *done, &seed);
    ++*done;
  }
}

static void benchKill(const char *file, int times) {
  volatile int64_t *done = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  double first = 0, again = 0;
  uint64_t seed = 11;
  if (done == MAP_FAILED) benchStop("kill", "no shared memory");
  benchFill(file, 1);
  for (int i = 0; i < times; i++) {
    int64_t n;
    double from;
    Db *db;
    Stmt *s;
    pid_t child = fork();
    if (!child) benchVictim(file, done);
    usleep(50000 + (unsigned)(randomNext(&seed) % 20000));
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    from = benchNow();
    if (BENCH_NAME(open)(file, &db)) benchStop(file, "cannot be opened");
    benchFirst(db);
    first = benchWorst(first, (benchNow() - from) * 1e3);
    benchExec(db, BENCH_SETUP);
    s = benchPrepare(db, "INSERT INTO t VALUES(?1, ?2)");
    benchInsert(db, s, ++*done, &seed);
    again = benchWorst(again, (benchNow() - from) * 1e3);
    BENCH_NAME(finalize)(s);
    BENCH_NAME(close)(db);
    n = benchCount(file, "SELECT count(*) FROM t");
    if (n < *done + 1) benchStop("kill", "an acknowledged row is gone");
    *done = n - 1;
  }
  printf("%.2f %.2f %lld\n", first, again, (long long)*done);
}

int main(int argc, char **argv) {
  const char *verb = argc > 2 ? argv[1] : "", *file = argc > 2 ? argv[2] : "";
  double x = argc > 3 ? atof(argv[3]) : 0, y = argc > 4 ? atof(argv[4]) : 0;
  if (!strcmp(verb, "commits") && y > 0) benchCommits(file, (int)x, y);
  else if (!strcmp(verb, "merge") && y > 0) benchBeside(file, x, y);
  else if (!strcmp(verb, "snapshot") && x > 0) benchSnapshot(file, (int64_t)x);
  else if (!strcmp(verb, "fill") && x > 0) benchFill(file, x);
  else if (!strcmp(verb, "open"))
    printf("%.3f %.3f %.3f\n", benchOpens(file, 0, 0), benchOpens(file, 1, 0),
        benchOpens(file, 0, 1));
  else if (!strcmp(verb, "kill") && x > 0) benchKill(file, (int)x);
  else benchStop("usage", "the head of bench_commit.c lists the commands");
  return 0;
}
