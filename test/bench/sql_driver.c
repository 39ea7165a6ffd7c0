/*
** sql_driver: Seine's side of bench-sql; sql_peer.py is the other engines'.
**
**   sql_driver DB THREADS SECONDS
**
** A line of stdin is RUNS, a tab, a file, a tab, a statement.  It is prepared
** and run once, cold, which writes the answer to the file; then RUNS times
** more, fewer when all of them would take more than SECONDS.  A run is all of
** it, from the text to the last value of the last row.  A run that takes more
** than SECONDS is stopped.  The answer is a line of stdout:
**
**   ok, rows, cold wall us, best CPU us, best wall us    (with tabs between)
**   error, the message
**   limit
**
** In the file NULL is \N, a number is printed so that it comes back the same,
** a tab or newline inside of a text is a blank.
*/
#define _POSIX_C_SOURCE 200809L
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "seine.h"

typedef struct DriverRun {
  int64_t rows;
  double cpu, wall;
} DriverRun;

static double driverClock(clockid_t id) {
  struct timespec t;
  clock_gettime(id, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void driverStop(const char *what, const char *why) {
  fprintf(stderr, "sql_driver: %s: %s\n", what, why);
  exit(1);
}

static void driverText(FILE *out, const char *z) {
  for (; *z; z++) putc(*z == '\t' || *z == '\n' ? ' ' : *z, out);
}

/* Every value is fetched, also when there is no file. */
static void driverRow(seine_stmt *stmt, int n, FILE *out) {
  for (int i = 0; i < n; i++) {
    int type = seine_column_type(stmt, i);
    double r = type == SEINE_FLOAT ? seine_column_double(stmt, i) : 0;
    const char *z = type == SEINE_FLOAT || type == SEINE_NULL ? "" :
        (const char *)seine_column_text(stmt, i);
    if (!out) continue;
    if (i) putc('\t', out);
    if (type == SEINE_NULL) fputs("\\N", out);
    else if (type == SEINE_FLOAT) fprintf(out, "%.17g", r);
    else driverText(out, z ? z : "");
  }
  if (out) putc('\n', out);
}

static int driverRun(seine *db, const char *sql, FILE *out, DriverRun *run) {
  double cpu = driverClock(CLOCK_PROCESS_CPUTIME_ID);
  double wall = driverClock(CLOCK_MONOTONIC);
  seine_stmt *stmt = NULL;
  int rc = seine_prepare_v2(db, sql, -1, &stmt, NULL);
  run->rows = 0;
  while (!rc && (rc = seine_step(stmt)) == SEINE_ROW) {
    driverRow(stmt, seine_column_count(stmt), out);
    run->rows++;
    rc = SEINE_OK;
  }
  run->cpu = driverClock(CLOCK_PROCESS_CPUTIME_ID) - cpu;
  run->wall = driverClock(CLOCK_MONOTONIC) - wall;
  if (rc == SEINE_DONE) rc = SEINE_OK;
  else if (rc == SEINE_INTERRUPT) puts("limit");
  else {
    fputs("error\t", stdout);
    driverText(stdout, seine_errmsg(db));
    putchar('\n');
  }
  seine_finalize(stmt);
  return rc;
}

static void driverCase(seine *db, int runs, double seconds, const char *path,
    const char *sql) {
  DriverRun cold, warm, best;
  double spent;
  FILE *out = fopen(path, "w");
  int rc;
  if (!out) driverStop(path, "cannot be written");
  rc = driverRun(db, sql, out, &cold);
  if (fclose(out)) driverStop(path, "cannot be written");
  if (rc) return;
  best = cold;
  spent = cold.wall;
  for (int i = 0; i < runs && spent + best.wall < seconds; i++) {
    if (driverRun(db, sql, NULL, &warm)) return;
    if (!i || warm.wall < best.wall) best.wall = warm.wall;
    if (!i || warm.cpu < best.cpu) best.cpu = warm.cpu;
    spent += warm.wall;
  }
  printf("ok\t%lld\t%.1f\t%.1f\t%.1f\n", (long long)cold.rows,
      cold.wall * 1e6, best.cpu * 1e6, best.wall * 1e6);
}

int main(int argc, char **argv) {
  seine *db = NULL;
  char *line = NULL, *file, *sql, set[128];
  size_t size = 0;
  double seconds;
  if (argc != 4) driverStop("usage", "sql_driver DB THREADS SECONDS");
  seconds = strtod(argv[3], NULL);
  if (!(seconds > 0 && seconds < 1e6)) driverStop(argv[3], "no SECONDS");
  if (seine_open(argv[1], &db)) driverStop(argv[1], "cannot be opened");
  /* A statement is run again to be timed: its conditions are asked each time,
  ** as those of the peers are. */
  snprintf(set, sizeof set, "PRAGMA timeout = %.0f; PRAGMA threads = %d; "
      "PRAGMA filter_cache_bytes = 0", seconds * 1000, atoi(argv[2]));
  if (seine_exec(db, set, NULL, NULL, NULL))
    driverStop(set, seine_errmsg(db));
  while (getline(&line, &size, stdin) > 0) {
    line[strcspn(line, "\n")] = 0;
    file = strchr(line, '\t');
    sql = file ? strchr(file + 1, '\t') : NULL;
    if (!sql) driverStop(line, "is not RUNS, file, statement");
    *file++ = *sql++ = 0;
    driverCase(db, (int)strtol(line, NULL, 10), seconds, file, sql);
    fflush(stdout);
  }
  free(line);
  seine_close(db);
  return 0;
}
