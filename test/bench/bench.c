/*
** bench: loads files and times statements.  The same source is built twice,
** over seine.h and (with -DBENCH_SQLITE) over sqlite3.h, whose verbs are the
** same, so that both engines are measured by the same code.
**
**   bench load DB BEFORE INTO AFTER FILE
**     Runs BEFORE, loads FILE in one transaction, runs AFTER.  INTO is the
**     table for Seine's bulk load; for SQLite it is an INSERT: with one
**     parameter it gets whole lines (NDJSON), with more the fields of a CSV
**     without quotes.  Prints rows, CPU s, wall s, peak KB, bytes of DB.
**   bench run DB BEFORE RUNS DIR <CASES
**     A case is NAME, a tab, and a statement.  It is prepared once; its first
**     run writes the answer to DIR/NAME, RUNS more are timed (fewer, but
**     three at least, when they would take longer than BENCH_SECONDS).
**     Prints NAME, rows, and the medians: CPU us, wall us.
**   bench text DB SQL (SQLite only)
**     Prints rows (number, text) as NDJSON, the text lower-cased and every
**     run of other characters than [a-z0-9] made one blank: all analyzers
**     cut it alike.
*/
#define _POSIX_C_SOURCE 200809L
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

#ifdef BENCH_SQLITE
#include <sqlite3.h>
typedef sqlite3 Db;
typedef sqlite3_stmt Stmt;
#define BENCH_NAME(verb) sqlite3_##verb
#define BENCH_CONST(name) SQLITE_##name
#else
#include "seine.h"
typedef seine Db;
typedef seine_stmt Stmt;
#define BENCH_NAME(verb) seine_##verb
#define BENCH_CONST(name) SEINE_##name
#endif

#define BENCH_SECONDS 6.0
#define BENCH_MAX_RUNS 101

static double benchClock(clockid_t id) {
  struct timespec t;
  clock_gettime(id, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static double benchCpu(void) {
  return benchClock(CLOCK_PROCESS_CPUTIME_ID);
}

static double benchWall(void) {
  return benchClock(CLOCK_MONOTONIC);
}

static void benchStop(const char *what, const char *why) {
  fprintf(stderr, "bench: %s: %s\n", what, why);
  exit(1);
}

static void benchExec(Db *db, const char *sql) {
  if (*sql && BENCH_NAME(exec)(db, sql, NULL, NULL, NULL))
    benchStop(sql, BENCH_NAME(errmsg)(db));
}

static Db *benchOpen(const char *file, const char *before) {
  Db *db = NULL;
  if (BENCH_NAME(open)(file, &db)) benchStop(file, "cannot be opened");
  benchExec(db, before);
  return db;
}

static Stmt *benchPrepare(Db *db, const char *sql) {
  Stmt *stmt = NULL;
  if (BENCH_NAME(prepare_v2)(db, sql, -1, &stmt, NULL) || !stmt)
    benchStop(sql, BENCH_NAME(errmsg)(db));
  return stmt;
}

static const char *benchText(Stmt *stmt, int i) {
  const char *z = (const char *)BENCH_NAME(column_text)(stmt, i);
  return z ? z : "";
}

/* ---- load -------------------------------------------------------------- */

#ifdef BENCH_SQLITE
static void benchBindFields(Stmt *stmt, int n_params, char *line, size_t n) {
  char *end = line + n;
  for (int i = 1; i <= n_params; i++) {
    char *comma = memchr(line, ',', (size_t)(end - line));
    if (!comma || i == n_params) comma = end;
    sqlite3_bind_text(stmt, i, line, (int)(comma - line), SQLITE_STATIC);
    line = comma < end ? comma + 1 : end;
  }
}

static int64_t benchFeed(Db *db, const char *into, FILE *in) {
  Stmt *stmt = benchPrepare(db, into);
  int n_params = sqlite3_bind_parameter_count(stmt);
  int64_t rows = 0;
  char *line = NULL;
  size_t size = 0;
  ssize_t n;
  benchExec(db, "BEGIN");
  if (n_params > 1 && getline(&line, &size, in) < 0) benchStop(into, "empty");
  while ((n = getline(&line, &size, in)) > 0) {
    if (line[n - 1] == '\n') n--;
    benchBindFields(stmt, n_params, line, (size_t)n);
    if (sqlite3_step(stmt) != SQLITE_DONE) benchStop(into, sqlite3_errmsg(db));
    sqlite3_reset(stmt);
    rows++;
  }
  sqlite3_finalize(stmt);
  benchExec(db, "COMMIT");
  free(line);
  return rows;
}
#else
static int64_t benchFeed(Db *db, const char *into, FILE *in) {
  static char piece[1 << 20];
  seine_import *imp;
  seine_import_stats stats;
  size_t n;
  if (seine_import_begin(db, into, SEINE_IMPORT_AUTO, &imp))
    benchStop(into, seine_errmsg(db));
  while ((n = fread(piece, 1, sizeof piece, in)) > 0)
    if (seine_import_feed(imp, piece, n)) benchStop(into, seine_errmsg(db));
  if (seine_import_end(imp, 1, &stats)) benchStop(into, seine_errmsg(db));
  if (stats.rejects) benchStop(into, "lines were rejected");
  return stats.rows;
}
#endif

static void benchLoad(char **arg) {
  double cpu = benchCpu(), wall = benchWall();
  Db *db = benchOpen(arg[0], arg[1]);
  FILE *in = fopen(arg[4], "rb");
  int64_t rows;
  struct rusage use;
  struct stat st;
  if (!in) benchStop(arg[4], "cannot be read");
  rows = benchFeed(db, arg[2], in);
  fclose(in);
  benchExec(db, arg[3]);
  BENCH_NAME(close)(db);
  getrusage(RUSAGE_SELF, &use);
  if (stat(arg[0], &st)) benchStop(arg[0], "is not there");
  printf("%lld\t%.3f\t%.3f\t%ld\t%lld\n", (long long)rows, benchCpu() - cpu,
      benchWall() - wall, use.ru_maxrss, (long long)st.st_size);
}

/* ---- run --------------------------------------------------------------- */

/* Every value is fetched, also when nobody wants to see it. */
static int64_t benchAnswer(Db *db, Stmt *stmt, FILE *out) {
  int64_t rows = 0;
  int rc, n = BENCH_NAME(column_count)(stmt);
  while ((rc = BENCH_NAME(step)(stmt)) == BENCH_CONST(ROW)) {
    for (int i = 0; i < n; i++) {
      int real = BENCH_NAME(column_type)(stmt, i) == BENCH_CONST(FLOAT);
      double r = real ? BENCH_NAME(column_double)(stmt, i) : 0;
      const char *z = real ? "" : benchText(stmt, i);
      if (!out) continue;
      if (real) fprintf(out, "%s%.12g", i ? "\t" : "", r);
      else fprintf(out, "%s%s", i ? "\t" : "", z);
    }
    if (out) fputc('\n', out);
    rows++;
  }
  if (rc != BENCH_CONST(DONE)) benchStop("step", BENCH_NAME(errmsg)(db));
  BENCH_NAME(reset)(stmt);
  return rows;
}

static int benchLess(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double benchMedian(double *v, int n) {
  qsort(v, (size_t)n, sizeof *v, benchLess);
  return (v[n / 2] + v[(n - 1) / 2]) / 2 * 1e6;
}

static void benchCase(Db *db, const char *name, const char *sql, int runs,
    const char *dir) {
  double cpu[BENCH_MAX_RUNS], wall[BENCH_MAX_RUNS], begin = benchWall();
  char path[4096];
  Stmt *stmt = benchPrepare(db, sql);
  FILE *out;
  int64_t rows;
  int k = 0;
  snprintf(path, sizeof path, "%s/%s", dir, name);
  out = fopen(path, "w");
  if (!out) benchStop(path, "cannot be written");
  rows = benchAnswer(db, stmt, out);
  fclose(out);
  while (k < runs && (k < 3 || benchWall() - begin < BENCH_SECONDS)) {
    cpu[k] = benchCpu();
    wall[k] = benchWall();
    benchAnswer(db, stmt, NULL);
    cpu[k] = benchCpu() - cpu[k];
    wall[k] = benchWall() - wall[k];
    k++;
  }
  BENCH_NAME(finalize)(stmt);
  printf("%s\t%lld\t%.1f\t%.1f\n", name, (long long)rows, benchMedian(cpu, k),
      benchMedian(wall, k));
  fflush(stdout);
}

static void benchRun(char **arg) {
  Db *db = benchOpen(arg[0], arg[1]);
  int runs = (int)strtol(arg[2], NULL, 10);
  char *line = NULL, *tab;
  size_t size = 0;
  if (runs < 1 || runs > BENCH_MAX_RUNS) benchStop(arg[2], "1 to 101 runs");
  while (getline(&line, &size, stdin) > 0) {
    line[strcspn(line, "\n")] = 0;
    tab = strchr(line, '\t');
    if (!tab) continue;
    *tab = 0;
    benchCase(db, line, tab + 1, runs, arg[3]);
  }
  free(line);
  BENCH_NAME(close)(db);
}

/* ---- text -------------------------------------------------------------- */

static void benchWords(const char *z) {
  int gap = 0, any = 0;
  for (; *z; z++) {
    int c = *z >= 'A' && *z <= 'Z' ? *z + 32 : *z;
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
      if (gap && any) putchar(' ');
      putchar(c);
      any = 1;
      gap = 0;
    } else gap = 1;
  }
}

static void benchPrintText(char **arg) {
  Db *db = benchOpen(arg[0], "");
  Stmt *stmt = benchPrepare(db, arg[1]);
  while (BENCH_NAME(step)(stmt) == BENCH_CONST(ROW)) {
    printf("{\"id\":%s,\"body\":\"", benchText(stmt, 0));
    benchWords(benchText(stmt, 1));
    printf("\"}\n");
  }
  BENCH_NAME(finalize)(stmt);
  BENCH_NAME(close)(db);
}

int main(int argc, char **argv) {
  if (argc == 7 && !strcmp(argv[1], "load")) benchLoad(argv + 2);
  else if (argc == 6 && !strcmp(argv[1], "run")) benchRun(argv + 2);
  else if (argc == 4 && !strcmp(argv[1], "text")) benchPrintText(argv + 2);
  else benchStop("usage", "load, run or text: see the head of bench.c");
  return 0;
}
