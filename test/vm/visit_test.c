/*
** visit_test: the first rows in an order, by bounds of its first key, against
** a sort of all rows.
**
**   visit_test ?KEYS? ?SEED?
**
** 14,000 rows in five segments; some columns lie apart from window to window,
** so that a bound that is wrong leaves out what belongs to the answer.  Random
** keys of columns, constants, scores and what bound.c knows of functions are
** asked with a LIMIT, and again for every row; those are sorted here by the
** rules of the page: NULL below all, NaN above all numbers, equal rows as they
** come.  States: as inserted, with deleted rows, optimized.
**   1. keys of columns  2. keys with a score  3. windows are left out
*/
#include "seine.h"
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST 16000

static uint64_t chance_state;

static int chance(int below) {
  chance_state ^= chance_state << 13;
  chance_state ^= chance_state >> 7;
  chance_state ^= chance_state << 17;
  return (int)((chance_state >> 11) % (uint64_t)below);
}

/* ---- the table ---------------------------------------------------------- */

static seine *db;
static char problem[2000];
static int tests, bad_tests;

static void ok(bool good, const char *name) {
  printf("%sok %d - %s\n", good ? "" : "not ", ++tests, name);
  bad_tests += !good;
  if (!good && *problem) printf("# %s\n", problem);
  fflush(stdout);
}

static void run(const char *sql) {
  if (!seine_exec(db, sql, 0, 0, 0)) return;
  printf("Bail out! %.100s: %s\n", sql, seine_errmsg(db));
  exit(1);
}

typedef struct Line {
  char s[1 << 12];
  int n;
} Line;

static void put(Line *l, const char *fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  l->n += vsnprintf(l->s + l->n, sizeof l->s - (size_t)l->n, fmt, ap);
  va_end(ap);
  if (l->n >= (int)sizeof l->s) abort();
}

static void bindOr(seine_stmt *s, int i, bool null, double v, bool real) {
  if (null) seine_bind_null(s, i);
  else if (real) seine_bind_double(s, i, v);
  else seine_bind_int64(s, i, (int64_t)v);
}

/* apart, far and rare have values of their own in each 500 rows; rare has none
** in every other window.  Doubles do not hold all of huge: its greatest come
** late.  So does the greatest of late, and what is next to it comes early. */
static void fill(int rows) {
  static int id;
  seine_stmt *s = 0;
  double base = 0, size = 1;
  run("BEGIN");
  if (seine_prepare_v2(db, "INSERT INTO t VALUES (?,?,?,?,?,?,?,?,?,?)", -1,
          &s, 0)) run("no INSERT");
  for (int i = 0; i < rows; i++, id++) {
    Line w = {.n = 0};
    if (id % 500 == 0) {
      base = chance(2001) - 1000;
      size = chance(3) ? 1 : 40;
    }
    bindOr(s, 1, false, id, false);
    bindOr(s, 2, !chance(9), chance(20001) - 10000, false);
    bindOr(s, 3, !chance(50), base + chance(20), false);
    bindOr(s, 4, !chance(50), base / 8 + chance(90) / 64.0, true);
    bindOr(s, 5, false, chance(4), false);
    bindOr(s, 6, chance(40) || id / 4096 % 2, base + chance(9), false);
    seine_bind_int64(s, 7, (1ll << 53) - 3 + chance(id < 9000 ? 4 : 5));
    put(&w, "2015-01-%02d %02d:00:00", 1 + id / 500 % 28, chance(24));
    seine_bind_text(s, 8, w.s, -1);
    w.n = 0;
    for (int k = chance(6); k >= 0; k--)
      put(&w, "w%d ", chance(1 + chance(12)));
    for (int k = 0; k < (int)size / 8; k++) put(&w, "w1 ");
    seine_bind_text(s, 9, w.s, -1);
    seine_bind_int64(s, 10, id == 12000 ? 3 : chance(3));
    seine_step(s);
    seine_reset(s);
  }
  seine_finalize(s);
  run("COMMIT");
}

/* ---- keys --------------------------------------------------------------- */

static bool use_score;

static void putKey(Line *l, int depth);

static void putLeaf(Line *l) {
  static const char *const columns[] = {"n", "apart", "far", "few", "rare",
      "huge", "id", "apart", "far", "late"};
  if (use_score && chance(3)) put(l, "score()");
  else if (chance(4)) put(l, "%s", columns[chance(10)]);
  else put(l, "%s", chance(8) ? chance(2) ? "2" : "0.75" :
      chance(2) ? "-3" : "0");
}

static void putCall(Line *l, int depth) {
  static const char *const rising[] = {"ln", "log2", "log10", "log", "sqrt",
      "exp", "sqrt"};
  static const char *const decays[] = {"gauss", "exp", "linear"};
  if (!chance(3)) {
    put(l, "%s_decay(ts, TIMESTAMP '2015-01-%02d', INTERVAL '3 days')",
        decays[chance(3)], 1 + chance(28));
  } else if (chance(2)) {
    const char *name = rising[chance(7)];
    put(l, "%s(", name);
    putKey(l, depth);
    /* log(x, 3): to the base x, it falls */
    put(l, !strcmp(name, "log") && chance(2) ? ", 3)" : ")");
  } else {
    put(l, "%s_decay(", decays[chance(3)]);
    putKey(l, depth);
    put(l, ", %d, %d, %d, 0.3)", chance(200) - 100, 1 + chance(50),
        chance(10));
  }
}

static void putKey(Line *l, int depth) {
  if (depth <= 0) {
    putLeaf(l);
    return;
  }
  depth--;
  switch (chance(9)) {
    case 0: case 1: case 2: case 3:
      put(l, "(");
      putKey(l, depth);
      put(l, " %c ", "+-*/"[chance(4)]);
      putKey(l, depth);
      put(l, ")");
      break;
    case 4:
      put(l, "(- ");
      putKey(l, depth);
      put(l, ")");
      break;
    case 5:
      put(l, chance(2) ? "CASE WHEN few = %d THEN " :
          "CASE WHEN id %% 997 <> %d THEN ", chance(4));
      putKey(l, depth);
      if (chance(3)) {
        put(l, chance(2) ? " WHEN n > 0 THEN " : " ELSE ");
        putKey(l, depth);
      }
      put(l, " END");
      break;
    case 6:
      put(l, "coalesce(");
      putKey(l, depth);
      put(l, ", ");
      putKey(l, depth);
      put(l, ")");
      break;
    case 7: putCall(l, depth); break;
    default:
      put(l, "CAST(");
      putKey(l, depth);
      put(l, chance(3) ? " AS REAL)" : " AS INTEGER)");
  }
}

/* ---- rows --------------------------------------------------------------- */

typedef struct Value {
  int type; /* SEINE_NULL, _INTEGER or _FLOAT */
  int64_t i;
  double r;
} Value;

typedef struct Row {
  int64_t id;
  int at;
  Value key[2];
} Row;

static Row rows[MOST], sorted[MOST];
static int64_t got[MOST];
static int nrows, ngot;
static bool desc[2], nulls_last[2];

/* NULL, then numbers, then NaN. */
static int valueClass(const Value *v) {
  return v->type == SEINE_NULL ? 0 : v->type == SEINE_FLOAT && isnan(v->r)
      ? 2 : 1;
}

static int valueOrder(const Value *a, const Value *b) {
  int x = valueClass(a), y = valueClass(b);
  if (x != y || x != 1) return x - y;
  if (a->type == SEINE_INTEGER) return (a->i > b->i) - (a->i < b->i);
  return (a->r > b->r) - (a->r < b->r);
}

static int rowOrder(const void *p, const void *q) {
  const Row *a = p, *b = q;
  for (int k = 0; k < 2; k++) {
    const Value *x = a->key + k, *y = b->key + k;
    int c = valueOrder(x, y);
    if (!c) continue;
    if (x->type == SEINE_NULL || y->type == SEINE_NULL)
      return (x->type == SEINE_NULL) == nulls_last[k] ? 1 : -1;
    return desc[k] ? -c : c;
  }
  return (a->at > b->at) - (a->at < b->at);
}

static Value column(seine_stmt *s, int i) {
  Value v = {seine_column_type(s, i), seine_column_int64(s, i),
      seine_column_double(s, i)};
  return v;
}

/* Every row with its keys, in the order of the table; false: an error. */
static bool readAll(const char *key, const char *second, const char *where) {
  Line l = {.n = 0};
  seine_stmt *s = 0;
  put(&l, "SELECT id, %s, %s FROM t %s", key, second, where);
  int rc = seine_prepare_v2(db, l.s, -1, &s, 0);
  if (rc) snprintf(problem, sizeof problem, "%s", seine_errmsg(db));
  nrows = 0;
  while (!rc && (rc = seine_step(s)) == SEINE_ROW) {
    rc = 0;
    rows[nrows] = (Row){seine_column_int64(s, 0), nrows,
        {column(s, 1), column(s, 2)}};
    nrows++;
  }
  seine_finalize(s);
  return rc == SEINE_DONE;
}

static bool readFirst(const char *sql) {
  seine_stmt *s = 0;
  int rc = seine_prepare_v2(db, sql, -1, &s, 0);
  ngot = 0;
  while (!rc && (rc = seine_step(s)) == SEINE_ROW) {
    rc = 0;
    got[ngot++] = seine_column_int64(s, 0);
  }
  if (rc != SEINE_DONE)
    snprintf(problem, sizeof problem, "%.900s: %s", sql, seine_errmsg(db));
  seine_finalize(s);
  return rc == SEINE_DONE;
}

static bool compare(const char *key, const char *second, const char *where,
    int limit, int offset) {
  Line l = {.n = 0};
  int n = nrows - offset;
  put(&l, "SELECT id FROM t %s ORDER BY %s %s NULLS %s", where, key,
      desc[0] ? "DESC" : "ASC", nulls_last[0] ? "LAST" : "FIRST");
  if (strcmp(second, "0")) {
    put(&l, ", %s %s NULLS %s", second, desc[1] ? "DESC" : "ASC",
        nulls_last[1] ? "LAST" : "FIRST");
  }
  put(&l, " LIMIT %d OFFSET %d", limit, offset);
  if (!readFirst(l.s)) return false;
  n = n < 0 ? 0 : n > limit ? limit : n;
  for (int i = 0; i < n || i < ngot; i++) {
    if (i < n && i < ngot && got[i] == sorted[offset + i].id) continue;
    snprintf(problem, sizeof problem, "%.900s: row %d of %d is %lld, not "
        "%lld", l.s, i, n, i < ngot ? (long long)got[i] : -1,
        i < n ? (long long)sorted[offset + i].id : -1);
    return false;
  }
  return true;
}

/* ---- groups ------------------------------------------------------------- */

static const char *makeWhere(void) {
  static const char *const plain[] = {"", "", "WHERE few = 1",
      "WHERE n % 7 = 2", "WHERE rare > 0", "WHERE w MATCH 'w0 w9'",
      "WHERE id > 9000 AND few > 1"};
  static const char *const scored[] = {"WHERE w MATCH 'w0'",
      "WHERE w MATCH 'w1 OR w7 OR w10'", "WHERE w MATCH '+w2 w1'",
      "WHERE w MATCH '\"w1 w1\"' AND n > 0", "WHERE w MATCH 'w11' AND few < 3",
      "WHERE w MATCH 'w1*'", "WHERE w MATCH 'w1 NOT w2'"};
  return use_score ? scored[chance(7)] : plain[chance(7)];
}

/* False: the law is broken.  Counts what is no error. */
static bool tryKey(int *understood) {
  static const int limits[] = {1, 3, 10, 200, 1500};
  static const char *const seconds[] = {"0", "0", "few", "far", "n"};
  const char *where = makeWhere(), *second = seconds[chance(5)];
  Line key = {.n = 0};
  putKey(&key, chance(4));
  if (key.s[strspn(key.s, "-.0123456789")] == 0) return true; /* a column */
  if (!readAll(key.s, second, where)) return true;
  (*understood)++;
  for (int i = 0; i < 3; i++) {
    for (int k = 0; k < 2; k++) {
      desc[k] = chance(2);
      nulls_last[k] = chance(3) ? desc[k] : chance(2);
    }
    memcpy(sorted, rows, (size_t)nrows * sizeof *rows);
    qsort(sorted, (size_t)nrows, sizeof *sorted, rowOrder);
    if (!compare(key.s, second, where, limits[chance(5)],
            chance(3) ? 0 : chance(40))) return false;
  }
  return true;
}

static void tryKeys(const char *state, int n) {
  for (int group = 0; group < 2; group++) {
    char name[100];
    int understood = 0;
    bool good = true;
    use_score = group;
    *problem = 0;
    for (int i = 0; i < n && good; i++) good = tryKey(&understood);
    if (good && understood * 2 < n) good = false;
    snprintf(name, sizeof name, "%d. %s, %s: %d keys", group + 1,
        group ? "scores" : "columns", state, n);
    ok(good, name);
  }
}

/* What a statement visited and left out of the windows. */
static void testSkips(const char *sql, int most) {
  char name[200];
  seine_stmt *s = 0;
  int64_t seen = -1, left = -1;
  int rc = seine_prepare_v2(db, sql, -1, &s, 0);
  while (!rc && seine_step(s) == SEINE_ROW) {}
  if (s) {
    seen = seine_stmt_status(s, SEINE_STMTSTATUS_WINDOWS);
    left = seine_stmt_status(s, SEINE_STMTSTATUS_SKIPPED);
  }
  seine_finalize(s);
  snprintf(problem, sizeof problem, "%lld seen, %lld left out",
      (long long)seen, (long long)left);
  snprintf(name, sizeof name, "3. windows left out: %s", sql);
  ok(seen > 0 && seen <= most && left > 0, name);
}

int main(int argc, char **argv) {
  const char *quick = getenv("SEINE_QUICK");
  int n = argc > 1 ? (int)strtol(argv[1], 0, 10) : quick ? 40 : 250;
  static const int segments[] = {4596, 1, 700, 4096, 4607};
  chance_state = argc > 2 ? strtoull(argv[2], 0, 10) * 2654435761u + 1 :
      88172645463325252u;
  if (seine_open(":memory:", &db)) return 1;
  run("PRAGMA auto_merge = 0; CREATE TABLE t(id INTEGER, n INTEGER, "
      "apart INTEGER, far REAL, few INTEGER, rare INTEGER, huge INTEGER, "
      "ts TIMESTAMP, w TEXT, late INTEGER)");
  for (int i = 0; i < 5; i++) fill(segments[i]);
  tryKeys("segments", n);
  testSkips("SELECT id FROM t ORDER BY rare DESC LIMIT 5", 3);
  run("DELETE FROM t WHERE id % 19 = 3 OR id BETWEEN 5300 AND 9400");
  tryKeys("deleted rows", n / 2);
  run("OPTIMIZE");
  tryKeys("optimized", n / 2);
  testSkips("SELECT id FROM t ORDER BY id DESC LIMIT 5", 1);
  testSkips("SELECT id FROM t ORDER BY -id / 2.0 + 3 LIMIT 5", 1);
  testSkips("SELECT id FROM t ORDER BY exp(id * 0.01) DESC LIMIT 5", 1);
  testSkips("SELECT id FROM t ORDER BY linear_decay(ts, TIMESTAMP "
      "'2015-01-01', INTERVAL '30 days') LIMIT 5", 2);
  testSkips("SELECT id FROM t ORDER BY ln(id - 100) DESC LIMIT 5", 1);
  testSkips("SELECT id FROM t ORDER BY sqrt(id - 100) DESC LIMIT 5", 1);
  testSkips("SELECT id FROM t ORDER BY CASE WHEN few = 1 THEN id END DESC "
      "LIMIT 5", 1);
  seine_close(db);
  printf("1..%d\n", tests);
  return bad_tests > 0;
}
