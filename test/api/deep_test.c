/*
** deep_test: input that is nested a million deep is an error, or no JSON, soon
** and in a thread with a small stack; so is what is as deep as it may be.
*/
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "seine.h"

#if defined(__SANITIZE_ADDRESS__) || defined(SEINE_TEST)
#define DEEP_STACK (2u << 20) /* frames of sanitizers are larger */
#define DEEP_MOST  20.0       /* seconds */
#else
#define DEEP_STACK (256u << 10)
#define DEEP_MOST  1.0
#endif
#define DEEP 1000000u

static int test_count, test_failed;
static seine *db;

/* head, n times open, middle, n times close, tail */
typedef struct DeepCase {
  const char *name, *head, *open, *middle, *close, *tail;
} DeepCase;

static const DeepCase deep_cases[] = {
  {"parentheses", "SELECT ", "(", "1", ")", ""},
  {"NOT", "SELECT ", "NOT ", "TRUE", "", ""},
  {"unary minus", "SELECT ", "- ", "1", "", ""},
  {"unary plus", "SELECT ", "+ ", "1", "", ""},
  {"CASE", "SELECT ", "CASE WHEN ", "TRUE", " THEN 1 END", ""},
  {"CASE in ELSE", "SELECT ", "CASE WHEN FALSE THEN 1 ELSE ", "2", " END", ""},
  {"calls", "SELECT ", "abs(", "1", ")", ""},
  {"casts", "SELECT ", "CAST(", "1", " AS TEXT)", ""},
  {"sums", "SELECT 1", "+1", "", "", ""},
  {"conjunctions", "SELECT TRUE", " AND a", "", "", " FROM t"},
  {"concatenations", "SELECT 'a'", "||'b'", "", "", ""},
  {"comparisons", "SELECT 1", "=1", "", "", ""},
  {"COLLATE", "SELECT b", " COLLATE nocase", "", "", " FROM t"},
  {"IS NULL", "SELECT a", " IS NULL", "", "", " FROM t"},
  {"subscripts", "SELECT x", "[1]", "", "", " FROM u"},
  {"paths", "SELECT j", "->'a'", "", "", " FROM u"},
  {"IN lists", "SELECT ", "1 IN (", "1", ")", ""},
  {"sub-selects", "SELECT ", "(SELECT ", "1", ")", ""},
  {"sub-selects of FROM", "", "SELECT * FROM (", "SELECT 1", ")", ""},
  {"selects in parentheses", "", "(", "SELECT 1", ")", ""},
  {"groups of MATCH", "SELECT a FROM t WHERE b MATCH '", "(", "x", ")", "'"},
  {"NOT of MATCH", "SELECT a FROM t WHERE b MATCH '", "NOT ", "x", "", "'"},
  {"fields of MATCH", "SELECT a FROM t WHERE b MATCH '", "b:(", "x", ")", "'"},
  {"groups of a pattern", "SELECT 'x' REGEXP '", "(", "x", ")", "'"},
  {"signs of a pattern", "SELECT 'x' REGEXP '", "x*", "", "", "'"},
  {"counts of a pattern", "SELECT 'x' REGEXP '(", "(?:", "x", "){1,2}", ")'"},
  {"sides of a pattern", "SELECT 'x' REGEXP '", "x|", "y", "", "'"},
  {"regex()", "SELECT a FROM t WHERE regex(b, '", "(", "x", ")", "')"},
  {"JSON arrays", "SELECT json_valid('", "[", "1", "]", "')"},
  {"JSON objects", "SELECT json_valid('", "{\"a\":", "1", "}", "')"},
  {"JSON that is merged", "SELECT json_merge_patch('{}', '", "{\"a\":", "1",
      "}", "')"},
  {"JSON that is a table", "SELECT count(*) FROM json_tree('", "[", "1", "]",
      "')"},
  {"JSON that is cast", "SELECT CAST('", "[", "1", "]", "' AS JSON)"},
  {"JSON paths", "SELECT json_extract('[]', '$", "[0]", "", "", "')"},
  {"JSON paths to set", "SELECT json_set('[]', '$", "[0]", "", "", "', 1)"},
  {"JSON of MATCH", "INSERT INTO u(a, j) VALUES (1, '", "[", "1", "]", "')"},
};

static double deepNow(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static char *deepAdd(char *to, const char *s, unsigned n) {
  size_t len = strlen(s);
  for (unsigned i = 0; len && i < n; i++, to += len) memcpy(to, s, len);
  return to;
}

/* In a statement of n levels. */
static void deepRun(const DeepCase *c, unsigned n) {
  size_t each = strlen(c->open) + strlen(c->close);
  char *sql = malloc(each * n + 1000), *p = sql;
  seine_stmt *st = NULL;
  double begin;
  int rc;
  if (!sql) exit(1);
  p = deepAdd(p, c->head, 1);
  p = deepAdd(p, c->open, n);
  p = deepAdd(p, c->middle, 1);
  p = deepAdd(p, c->close, n);
  p = deepAdd(p, c->tail, 1);
  *p = 0;
  begin = deepNow();
  rc = seine_prepare_v2(db, sql, -1, &st, NULL);
  while (!rc && st && (rc = seine_step(st)) == SEINE_ROW) rc = SEINE_OK;
  double took = deepNow() - begin;
  int good = took < DEEP_MOST && (rc == SEINE_DONE || rc == SEINE_OK ||
      (rc != SEINE_NOMEM && *seine_errmsg(db)));
  printf("%sok %d - %s, %u deep: %d in %.3f s\n", good ? "" : "not ",
      ++test_count, c->name, n, rc, took);
  if (!good) printf("# %.200s\n", seine_errmsg(db));
  test_failed += !good;
  seine_finalize(st);
  free(sql);
}

/* Views on views, each of which is made while the one below it is there. */
static void deepViews(void) {
  char sql[200];
  int rc = seine_exec(db, "CREATE VIEW v0 AS SELECT a FROM t", NULL, NULL,
      NULL), i;
  for (i = 1; !rc && i < 80; i++) {
    snprintf(sql, sizeof sql, "CREATE VIEW v%d AS SELECT a FROM v%d", i,
        i - 1);
    rc = seine_exec(db, sql, NULL, NULL, NULL);
  }
  snprintf(sql, sizeof sql, "SELECT * FROM v%d", i - 1);
  double begin = deepNow();
  rc = seine_exec(db, sql, NULL, NULL, NULL);
  int good = rc && strstr(seine_errmsg(db), "nested") &&
      deepNow() - begin < DEEP_MOST;
  printf("%sok %d - views on views: %s\n", good ? "" : "not ", ++test_count,
      seine_errmsg(db));
  test_failed += !good;
}

static void *deepThread(void *arg) {
  static const unsigned depths[] = {50, 99, 101, 249, 900, 1001, DEEP};
  const char *only = arg;
  if (seine_open(":memory:", &db)) exit(1);
  seine_exec(db, "CREATE TABLE t(a INTEGER, b TEXT);"
      "CREATE TABLE u(a INTEGER, x INTEGER[], j JSON);"
      "INSERT INTO t VALUES (1, 'x y')", NULL, NULL, NULL);
  for (size_t i = 0; i < sizeof deep_cases / sizeof deep_cases[0]; i++)
    for (size_t k = 0; k < sizeof depths / sizeof depths[0]; k++)
      if (!only || strstr(deep_cases[i].name, only))
        deepRun(deep_cases + i, depths[k]);
  deepViews();
  seine_close(db);
  return NULL;
}

int main(int argc, char **argv) {
  pthread_attr_t attr;
  pthread_t thread;
  setvbuf(stdout, NULL, _IOLBF, 0);
  pthread_attr_init(&attr);
  pthread_attr_setstacksize(&attr, DEEP_STACK);
  if (pthread_create(&thread, &attr, deepThread, argc > 1 ? argv[1] : NULL)) {
    printf("Bail out! no thread\n");
    return 1;
  }
  pthread_join(thread, NULL);
  printf("1..%d\n", test_count);
  return test_failed != 0;
}
