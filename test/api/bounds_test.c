/*
** bounds_test [ROUNDS [BAR_MS]]: what a statement may take, whatever it does.
**   1  memory: under PRAGMA memory_limit of 1 to 64 MiB a statement gives the
**      answer that it gives without one, or says that memory is out; all the
**      heap of the process stays below the limit and 64 KiB
**   2  interrupt: at a random moment, ROUNDS times each; "# NAME p50 p99 max"
**      tells how many milliseconds its thread then worked on, none more than
**      BAR_MS: time of the processor, so that a busy machine changes little
** Each allocation is counted where it is made, not by what the library tells.
*/
#include "base/base.h"
#include "os/os.h"
#include "../tap.h"
#include <pthread.h>
#include <unistd.h>

static seine *db;
static char boundsSaid[200];

/* ---- the heap ----------------------------------------------------------- */

#ifdef __SANITIZE_ADDRESS__
/* Its realloc() has both blocks for a moment: the library's own count does. */
#define HEAP_BEGIN() ((void)0)
#define HEAP_PEAK() (db ? seine_memory_highwater(db) : 0)
#else
/* heapBefore: when there was no database. */
static i64 heapNow, heapPeak, heapBefore;

/* A block is what was asked for: what the allocator adds is the system's. */
#define HEAP_HEAD 16u
void *__libc_calloc(size_t n, size_t size);
void __libc_free(void *p);

static void heapAdd(size_t n) {
  i64 now = __atomic_add_fetch(&heapNow, (i64)n, __ATOMIC_RELAXED);
  i64 peak = __atomic_load_n(&heapPeak, __ATOMIC_RELAXED);
  while (now > peak && !__atomic_compare_exchange_n(&heapPeak, &peak, now,
             true, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {}
}

static void heapTake(size_t n) {
  __atomic_sub_fetch(&heapNow, (i64)n, __ATOMIC_RELAXED);
}

static void *heapNew(size_t n) {
  size_t *p = n < SIZE_MAX / 2 ? __libc_calloc(1, n + HEAP_HEAD) : NULL;
  if (!p) return NULL;
  p[0] = n;
  heapAdd(n);
  return (char *)p + HEAP_HEAD;
}

__attribute__((noinline)) void *malloc(size_t n) { return heapNew(n); }

__attribute__((noinline)) void free(void *at) {
  size_t *p = at ? (size_t *)(void *)((char *)at - HEAP_HEAD) : NULL;
  if (p) heapTake(p[0]);
  __libc_free(p);
}

__attribute__((noinline)) void *calloc(size_t n, size_t size) {
  size_t all;
  return __builtin_mul_overflow(n, size, &all) ? NULL : heapNew(all);
}

/* A large block grows where it is: the old one is gone when there is a new. */
void *realloc(void *at, size_t n) {
  if (!at) return malloc(n);
  size_t *old = (size_t *)(void *)((char *)at - HEAP_HEAD);
  heapTake(old[0]);
  void *p = heapNew(n);
  if (p) memcpy(p, at, SN_MIN(old[0], n));
  if (p) __libc_free(old);
  else heapAdd(old[0]);
  return p;
}

#define HEAP_BEGIN() (heapBefore = heapPeak = heapNow)
#define HEAP_PEAK() (heapPeak - heapBefore)
#endif

/* ---- a database --------------------------------------------------------- */

static int boundsExec(const char *sql) {
  int rc = seine_exec(db, sql, NULL, NULL, NULL);
  if (rc) printf("# %d %s: %.100s\n", rc, seine_errmsg(db), sql);
  return rc;
}

static bool boundsOpen(void) {
  if (seine_open("bounds.seine", &db)) {
    printf("# %s\n", seine_errmsg(db));
    return false;
  }
  return true;
}

/* w: words, 20,000 of them different.  Parts are left apart, so that there is
** something to merge. */
static bool boundsMake(i64 rows) {
  char sql[600];
  bool good = boundsOpen() && !boundsExec("PRAGMA synchronous = off; "
      "PRAGMA auto_merge = 0; CREATE TABLE t(i INTEGER, r REAL, k KEYWORD, "
      "s TEXT); CREATE TABLE z(i INTEGER, s TEXT)");
  for (int part = 0; good && part < 4; part++) {
    snprintf(sql, sizeof sql, "INSERT INTO t SELECT v, v * 7919 %% 10007 / 4.0,"
        " 'k' || (v %% 97), 'word' || (v * 31 %% 20000) || ' thing red fox ' "
        "|| hex('' || (v * 654435761)) || ' a' || v FROM "
        "generate_series(%lld, %lld) AS g(v)", (long long)(part * rows / 4),
        (long long)((part + 1) * rows / 4 - 1));
    good = !boundsExec(sql);
  }
  return good && !boundsExec("INSERT INTO z SELECT i, s FROM t");
}

enum { READS, WRITES, ALONE }; /* alone: not in a transaction */

typedef struct BoundsKind {
  const char *name, *sql;
  int how;
} BoundsKind;

static const BoundsKind bounds_kinds[] = {
  {"scan", "SELECT sum(length(s)) FROM t", READS},
  {"filter", "SELECT count(*) FROM t WHERE s LIKE '%7%a%9'", READS},
  {"rows", "SELECT * FROM t", READS},
  {"sort", "SELECT i, s FROM t ORDER BY r, s DESC", READS},
  {"top", "SELECT i, s FROM t ORDER BY s LIMIT 7 OFFSET 20000", READS},
  {"group", "SELECT s, count(*), sum(r) FROM t GROUP BY s", READS},
  {"distinct", "SELECT count(*) FROM (SELECT DISTINCT r, s FROM t)", READS},
  {"count distinct", "SELECT count(DISTINCT s), median(r) FROM t", READS},
  {"rollup", "SELECT count(*) FROM (SELECT s, k FROM t GROUP BY ROLLUP(k, s))",
      READS},
  {"list", "SELECT array_length(array_agg(s)) FROM t", READS},
  {"concat", "SELECT length(group_concat(s)) FROM t", READS},
  {"join", "SELECT count(*), sum(b.r) FROM t a JOIN t b ON a.i = b.i + 1",
      READS},
  {"cross", "SELECT count(*) FROM t a JOIN t b ON a.i < b.i - b.r WHERE "
      "a.i < 300", READS},
  {"except", "SELECT count(*) FROM (SELECT i, s FROM t EXCEPT SELECT i + 1, s "
      "FROM t)", READS},
  {"recursive", "WITH RECURSIVE c(n) AS (SELECT 0 UNION SELECT n + k FROM c "
      "JOIN (VALUES (1), (2)) AS v(k) ON n < 9000) SELECT count(*) FROM c",
      READS},
  {"window", "SELECT max(x) FROM (SELECT sum(r) OVER (ORDER BY i ROWS BETWEEN "
      "999 PRECEDING AND CURRENT ROW) AS x FROM t)", READS},
  {"window median", "SELECT max(x) FROM (SELECT median(r) OVER (ORDER BY i "
      "ROWS BETWEEN 999 PRECEDING AND CURRENT ROW) AS x FROM t WHERE i < 9000)",
      READS},
  {"rank", "SELECT sum(x) FROM (SELECT rank() OVER (PARTITION BY k ORDER BY "
      "r, s) AS x FROM t)", READS},
  {"regexp", "SELECT count(*) FROM t WHERE s REGEXP '(a|b|f)+[0-9]*x?.*9$'",
      READS},
  {"regexp replace", "SELECT sum(length(regexp_replace(s, '[aeiou]', '<x>', "
      "'g'))) FROM t", READS},
  {"fuzzy", "SELECT count(*) FROM t WHERE s MATCH 'wrod123~2 OR thnig~2'",
      READS},
  {"wildcard", "SELECT count(*) FROM t WHERE s MATCH 'a* OR w*d1?2*'", READS},
  {"pattern", "SELECT count(*) FROM t WHERE s MATCH '/.*[0-9]7[0-9]*/'", READS},
  {"phrase", "SELECT count(*), max(score()) FROM t WHERE s MATCH "
      "'\"thing red fox\"'", READS},
  {"ranked", "SELECT i FROM t WHERE s MATCH 'thing red word777' ORDER BY "
      "score() DESC LIMIT 10", READS},
  {"highlight", "SELECT max(highlight(s)) FROM t WHERE s MATCH 'red fox'",
      READS},
  {"series", "SELECT sum(v) FROM generate_series(1, 3000000) AS g(v)", READS},
  {"series list", "SELECT array_length(array_agg(v)) FROM "
      "generate_series(1, 1000000) AS g(v)", READS},
  {"json", "SELECT count(*) FROM json_each('[' || repeat('1,', 400000) || "
      "'1]')", READS},
  {"json valid", "SELECT json_valid('[' || repeat('{\"a\":[1,2]},', 800000) || "
      "'1]')", READS},
  {"repeat", "SELECT length(repeat('abc', 30000000))", READS},
  {"repeat rows", "SELECT sum(length(repeat(s, 200))) FROM t", READS},
  {"replace", "SELECT length(replace(repeat('ab', 5000000), 'a', 'xyz'))",
      READS},
  {"reverse", "SELECT length(reverse(upper(repeat('ab', 9000000))))", READS},
  {"split", "SELECT array_length(regexp_split(repeat('a,b', 2000000), ','))",
      READS},
  {"like long", "SELECT repeat('ab', 5000000) LIKE '%a%b%a%c%'", READS},
  {"insert", "INSERT INTO z SELECT i, s FROM t", WRITES},
  {"update", "UPDATE z SET s = s || '!'", WRITES},
  {"delete", "DELETE FROM z WHERE i % 2 = 0", WRITES},
  {"create as", "CREATE TABLE y AS SELECT i, r, s FROM t", WRITES},
  {"unique", "CREATE UNIQUE INDEX zi ON z(i)", WRITES},
  {"alter", "ALTER TABLE z ADD COLUMN n INTEGER DEFAULT 7", WRITES},
  {"retype", "ALTER TABLE z ALTER COLUMN i TYPE REAL", WRITES},
  {"optimize", "OPTIMIZE t", ALONE},
  {"optimize order", "OPTIMIZE t ORDER BY r, k", ALONE},
  {"check", "PRAGMA integrity_check", READS},
  {"vacuum", "VACUUM", ALONE},
};

/* All rows as one number; an error is in *rc. */
static u64 boundsRun(const char *sql, int *rc) {
  seine_stmt *st = NULL;
  u64 h = 1;
  *rc = seine_prepare_v2(db, sql, -1, &st, NULL);
  if (*rc || !st) return 0;
  while ((*rc = seine_step(st)) == SEINE_ROW)
    for (int i = 0; i < seine_column_count(st); i++) {
      const char *s = seine_column_text(st, i);
      h = h * 31 + (s ? snHash(s, (size_t)seine_column_bytes(st, i), 0) : 7);
    }
  if (*rc == SEINE_DONE) *rc = SEINE_OK;
  seine_finalize(st);
  return h;
}

/* What is written in a transaction is undone.  The error is in boundsSaid. */
static u64 boundsOnce(const BoundsKind *k, int *rc) {
  bool txn = k->how == WRITES;
  int begun = txn ? boundsExec("BEGIN") : SEINE_OK;
  u64 h = boundsRun(k->sql, rc);
  snprintf(boundsSaid, sizeof boundsSaid, "%s", *rc ? seine_errmsg(db) : "");
  if (begun) *rc = begun;
  else if (txn && !seine_get_autocommit(db) && boundsExec("ROLLBACK")) h = 0;
  return h;
}

/* ---- 1 ------------------------------------------------------------------ */

static void boundsMemory(const BoundsKind *k, bool quick) {
  static const int mib[] = {1, 2, 4, 16, 64};
  int rc;
  seine_close(db);
  bool good = boundsOpen();
  u64 want = boundsOnce(k, &rc);
  snprintf(tapWhy, sizeof tapWhy, "without: %d %s", rc, boundsSaid);
  good &= rc == SEINE_OK;
  for (u32 i = quick; good && i < SN_COUNT(mib); i += quick ? 2 : 1) {
    char sql[80];
    i64 limit = (i64)mib[i] << 20;
    seine_close(db);
    db = NULL;
    HEAP_BEGIN();
    if (!boundsOpen()) break;
    snprintf(sql, sizeof sql, "PRAGMA memory_limit = %lld; PRAGMA threads = "
        "%d", (long long)limit, i % 2 ? 4 : 1);
    good = !boundsExec(sql);
    u64 got = boundsOnce(k, &rc);
    i64 peak = HEAP_PEAK();
    bool told = rc == SEINE_NOMEM && strstr(boundsSaid, "memory");
    if (rc ? !told : got != want) good = false;
    if (peak > limit + 65536) good = false;
    snprintf(tapWhy, sizeof tapWhy, "%d MiB: %d %s, peak %lld over by "
        "%lld, told %lld", mib[i], rc, rc ? boundsSaid : got == want ? "right"
        : "wrong", (long long)peak, (long long)(peak - limit),
        (long long)seine_memory_highwater(db));
    if (getenv("BOUNDS_TELL")) printf("#   %s: %s\n", k->name, tapWhy);
  }
  tapOk(good, "memory: %s", k->name);
}

/* ---- 2 ------------------------------------------------------------------ */

typedef struct BoundsJob {
  const BoundsKind *kind;
  int rc, done;
  u64 over;
} BoundsJob;

/* What the thread of that clock has worked, in nanoseconds. */
static u64 boundsWorked(clockid_t clock) {
  struct timespec t = {0, 0};
  (void)clock_gettime(clock, &t);
  return (u64)t.tv_sec * 1000000000 + (u64)t.tv_nsec;
}

static void *boundsThread(void *arg) {
  BoundsJob *j = arg;
  (void)boundsRun(j->kind->sql, &j->rc);
  j->over = boundsWorked(CLOCK_THREAD_CPUTIME_ID);
  __atomic_store_n(&j->done, 1, __ATOMIC_RELEASE);
  return NULL;
}

static int boundsOrder(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return x < y ? -1 : x > y;
}

static void boundsInterrupt(const BoundsKind *k, int rounds, double bar) {
  static u32 seed = 1;
  double *ms = calloc((size_t)rounds, sizeof *ms);
  bool good = ms != NULL, txn = k->how == WRITES;
  int rc, n = 0;
  u64 from = snClockNs();
  (void)boundsOnce(k, &rc);
  u64 took = snClockNs() - from;
  for (int i = 0; good && i < rounds; i++) {
    BoundsJob j = {.kind = k};
    pthread_t t;
    if (txn && boundsExec("BEGIN")) break;
    if (pthread_create(&t, NULL, boundsThread, &j)) break;
    seed = seed * 1664525u + 1013904223u;
    u64 wait = (u64)((double)took * (seed >> 8) / (1 << 24));
    usleep((useconds_t)SN_MIN(wait / 1000, 900000));
    clockid_t clock;
    u64 asked = pthread_getcpuclockid(t, &clock) ? 0 : boundsWorked(clock);
    if (!__atomic_load_n(&j.done, __ATOMIC_ACQUIRE)) seine_interrupt(db);
    pthread_join(t, NULL);
    if (txn && !seine_get_autocommit(db)) (void)boundsExec("ROLLBACK");
    if (j.rc && j.rc != SEINE_INTERRUPT) good = false;
    if (j.rc == SEINE_INTERRUPT)
      ms[n++] = j.over > asked ? (double)(j.over - asked) / 1e6 : 0;
  }
  snprintf(tapWhy, sizeof tapWhy, "%s", seine_errmsg(db));
  if (n) {
    qsort(ms, (size_t)n, sizeof *ms, boundsOrder);
    printf("# %-16s %4d of %d  p50 %7.2f  p99 %7.2f  max %7.2f  whole %.0f\n",
        k->name, n, rounds, ms[n / 2], ms[SN_MIN(n * 99 / 100, n - 1)],
        ms[n - 1], (double)took / 1e6);
    good &= ms[n - 1] <= bar;
    if (ms[n - 1] > bar)
      snprintf(tapWhy, sizeof tapWhy, "%.0f ms", ms[n - 1]);
  }
  free(ms);
  tapOk(good, "interrupt: %s", k->name);
}

int main(int argc, char **argv) {
  bool quick = getenv("SEINE_QUICK") != NULL;
  int rounds = argc > 1 ? atoi(argv[1]) : quick ? 3 : 10;
  double bar = argc > 2 ? atof(argv[2]) : 3000;
  const char *only = getenv("BOUNDS_ONLY");
  remove("bounds.seine");
  if (!boundsMake(quick ? 8000 : 60000)) {
    printf("Bail out! no database\n");
    return 1;
  }
  for (u32 i = 0; argc < 2 && i < SN_COUNT(bounds_kinds); i++)
    if (!only || !strcmp(only, bounds_kinds[i].name))
      boundsMemory(bounds_kinds + i, quick);
  seine_close(db);
  (void)boundsOpen();
  for (u32 i = 0; i < SN_COUNT(bounds_kinds); i++)
    if (!only || !strcmp(only, bounds_kinds[i].name))
      boundsInterrupt(bounds_kinds + i, rounds, bar);
  int rc;
  (void)boundsRun("SELECT count(*) FROM t", &rc);
  tapOk(!rc, "the connection is usable");
  seine_close(db);
  return tapEnd();
}
