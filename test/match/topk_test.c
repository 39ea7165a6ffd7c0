/*
** topk_test: ORDER BY score() DESC LIMIT k against a sort of every match.
**
**   topk_test ?QUERIES? ?SEED?
**
** 20,000 documents of words with Zipf's frequencies, in seven segments of
** unlike sizes, some of them with other words in front.  Random queries are
** asked twice, by either similarity: for every match with its score, which are sorted here, and for
** the best k, which the engine finds by bounds.  Rows must be the same and
** scores the same to the bit, ties in the order of the rows, and count(*) must
** agree; so must a range in the MATCH and one in SQL.  Conditions on a
** number column stand beside some of the MATCHes.  States: as inserted, with
** deleted rows, reopened, optimized, with rows added behind.
*/
#include "seine.h"
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DOCS  20000
#define WORDS 4000
#define MOST  (DOCS + 1000)

static uint64_t chance_state;

static uint32_t chance(uint32_t below) {
  chance_state ^= chance_state << 13;
  chance_state ^= chance_state >> 7;
  chance_state ^= chance_state << 17;
  return (uint32_t)((chance_state >> 11) % below);
}

/* Word 0 is the most frequent one. */
static int zipf(void) {
  double u = (double)chance(1u << 30) / (double)(1u << 30);
  return (int)exp(u * log(WORDS)) - 1;
}

/* ---- the database ------------------------------------------------------- */

static seine *db;
static bool failed;
static char text[65536];
static size_t ntext;
static int tests, bad_tests;

static void ok(bool good, const char *name) {
  printf("%sok %d - %s\n", good ? "" : "not ", ++tests, name);
  fflush(stdout);
  bad_tests += !good;
}

static void complain(const char *fmt, ...) {
  va_list ap;
  failed = true;
  printf("# ");
  va_start(ap, fmt);
  vprintf(fmt, ap);
  va_end(ap);
  printf("\n");
}

static void run(const char *sql) {
  int rc = seine_exec(db, sql, 0, 0, 0);
  if (rc) complain("%.70s: %s", sql, seine_errmsg(db));
}

static void openDb(void) {
  seine_close(db);
  if (seine_open_v2("topk.db", &db,
          SEINE_OPEN_READWRITE | SEINE_OPEN_CREATE, 0))
    complain("open: %s", seine_errmsg(db));
  run("PRAGMA auto_merge = off");
}

static void put(const char *fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  int n = vsnprintf(text + ntext, sizeof text - ntext, fmt, ap);
  va_end(ap);
  if (n > 0 && ntext + (size_t)n < sizeof text) ntext += (size_t)n;
}

/* Documents come in runs of one flavour, so that blocks differ. */
static void putWords(int n, uint32_t flavour) {
  for (int i = 0; i < n; i++) {
    int w = zipf();
    if (!chance(4)) w = (w + (int)flavour * 7) % WORDS;
    put("%sw%d", i ? " " : "", w);
  }
}

static void insert(int n) {
  static int at = 0;
  seine_stmt *s = 0;
  uint32_t flavour = 0;
  run("BEGIN");
  int rc = seine_prepare_v2(db, "INSERT INTO t VALUES (?, ?, ?, ?)", -1, &s,
      0);
  for (int i = 0; i < n && !rc; i++) {
    if (!chance(700)) flavour = chance(20);
    ntext = 0;
    putWords(chance(200) ? 1 + (int)chance(40) : 400, flavour);
    seine_bind_text(s, 1, text, (int)ntext);
    size_t from = ntext + 1;
    ntext = from;
    putWords((int)chance(4), flavour);
    seine_bind_text(s, 2, text + from, (int)(ntext - from));
    seine_bind_int64(s, 3, at++);
    seine_bind_int64(s, 4, chance(100));
    rc = seine_step(s);
    rc = rc == SEINE_DONE ? seine_reset(s) : rc;
  }
  if (rc) complain("insert: %s", seine_errmsg(db));
  seine_finalize(s);
  run("COMMIT");
}

static void create(void) {
  static const int part[] = {1, 300, 5000, 9000, 4096, 1000, 603};
  remove("topk.db");
  openDb();
  run("CREATE TABLE t(body TEXT, title TEXT, n INTEGER, m INTEGER)");
  for (size_t i = 0; i < sizeof part / sizeof *part; i++) insert(part[i]);
}

/* ---- queries ------------------------------------------------------------ */

static void putWord(void) {
  put("w%d", chance(3) ? zipf() : (int)chance(WORDS));
  if (!chance(8)) put("^%g", (double)chance(7) / 2);
}

static void putPhrase(void) {
  put("\"w%d w%d", zipf() % 40, zipf() % 40);
  put(chance(3) ? "\"" : " w%d\"", zipf() % 40);
  if (!chance(2)) put("~%u", 1 + chance(8));
}

static void putClause(int depth);

static void putClauses(int depth) {
  static const char *const link[] = {" ", " OR ", " AND ", " -", " +"};
  uint32_t style = chance(3), n = 2 + chance(5);
  for (uint32_t i = 0; i < n; i++) {
    if (i) put("%s", link[style == 0 ? 0 : style == 1 && n < 4 ? 2
        : chance(5)]);
    putClause(depth - 1);
  }
}

static void putClause(int depth) {
  uint32_t r = chance(16);
  if (depth > 0 && r < 4) {
    put("(");
    putClauses(depth);
    put(")%s", chance(4) ? "" : "^2.5");
  } else if (r == 4) {
    putPhrase();
  } else if (r == 5) {
    put("w%d*", zipf());
  } else if (r == 6) {
    put("title:w%d", zipf());
  } else if (r == 7) {
    put("n:[%u TO %u]^0.25", chance(DOCS), chance(DOCS));
  } else {
    putWord();
  }
}

static void makeQuery(void) {
  ntext = 0;
  if (!chance(3)) {
    /* the shape that matters most: a few words */
    for (uint32_t i = 0, n = 1 + chance(8); i < n; i++) {
      if (i) put(" ");
      putWord();
    }
  } else if (!chance(6)) {
    putPhrase();
  } else {
    putClauses(2);
  }
}

static const char *makeWhere(void) {
  static char where[120];
  where[0] = 0;
  switch (chance(6)) {
    case 0:
      snprintf(where, sizeof where, " AND n < %u", chance(DOCS));
      break;
    case 1:
      snprintf(where, sizeof where, " AND n >= %u AND n <= %u",
          chance(DOCS / 2), DOCS / 3 + chance(DOCS));
      break;
    case 2:
      snprintf(where, sizeof where, " AND m = %u", chance(100));
      break;
    case 3:
      snprintf(where, sizeof where, " AND m > %u AND body MATCH 'w%d'",
          chance(100), zipf());
      break;
    default: break;
  }
  return where;
}

/* ---- answers ------------------------------------------------------------ */

typedef struct Row { int64_t id; double score; int at; long long total; } Row;
static Row all[MOST], top[MOST];
static int nall, ntop;

static void ask(const char *sql, Row *rows, int *n) {
  seine_stmt *s = 0;
  int rc = seine_prepare_v2(db, sql, -1, &s, 0);
  *n = 0;
  if (!rc) rc = seine_bind_text(s, 1, text, (int)ntext);
  while (!rc && (rc = seine_step(s)) == SEINE_ROW && *n < MOST) {
    Row *r = rows + *n;
    r->id = seine_column_int64(s, 0);
    r->score = seine_column_double(s, 1);
    r->total = seine_column_count(s) > 2 ? seine_column_int64(s, 2) : -1;
    r->at = (*n)++;
    rc = 0;
  }
  if (rc != SEINE_DONE)
    complain("%s\n# with %.*s: %s", sql, (int)ntext, text, seine_errmsg(db));
  seine_finalize(s);
}

static int byScore(const void *a, const void *b) {
  const Row *x = a, *y = b;
  if (x->score != y->score) return x->score < y->score ? 1 : -1;
  return x->at - y->at;
}

static void compare(const char *sql, int skip, int limit) {
  int want = nall - skip;
  want = want < 0 ? 0 : want > limit ? limit : want;
  ask(sql, top, &ntop);
  if (failed) return;
  if (ntop != want)
    complain("%s\n# with %.*s: %d rows, not %d", sql, (int)ntext, text, ntop,
        want);
  for (int i = 0; i < want && !failed; i++) {
    const Row *w = all + skip + i, *g = top + i;
    if (g->total >= 0 && g->total != nall)
      complain("%s\n# with %.*s: %lld in all, not %d", sql, (int)ntext, text,
          (long long)g->total, nall);
    if (g->id != w->id || memcmp(&g->score, &w->score, sizeof w->score))
      complain("%s\n# with %.*s: place %d: row %lld with %.17g, not %lld with"
          " %.17g", sql, (int)ntext, text, i, (long long)g->id, g->score,
          (long long)w->id, w->score);
  }
}

/* count(*) asks for neither scores nor rows. */
static void compareCount(const char *what, const char *where) {
  char sql[300];
  snprintf(sql, sizeof sql, "SELECT count(*), 0.5 FROM t WHERE %s MATCH ?1%s",
      what, where);
  ask(sql, top, &ntop);
  if (!failed && (ntop != 1 || top->id != nall))
    complain("%s\n# with %.*s: %lld, not %d", sql, (int)ntext, text,
        (long long)top->id, nall);
}

/* A range inside a MATCH against the same one in SQL. */
static void tryRange(void) {
  char sql[300];
  int lo = (int)chance(DOCS), hi = lo + (int)chance(DOCS / 2), w = zipf();
  snprintf(sql, sizeof sql, "SELECT count(*), 0.5 FROM t WHERE n >= %d AND "
      "n < %d AND body MATCH ?1", lo, hi);
  ntext = 0;
  put("w%d", w);
  ask(sql, all, &nall);
  if (failed) return;
  nall = (int)all->id;
  ntext = 0;
  put("body:w%d AND n:[%d TO %d}", w, lo, hi);
  compareCount("t", "");
}

static int matches;

/* Lists of many blocks: alone, with equal scores by the hundred, without what
** must not match, beside a rare word. */
static void makeFrequent(void) {
  ntext = 0;
  switch (chance(4)) {
    case 0: put("w%d", (int)chance(6)); break;
    case 1: put("title:w%d", (int)chance(3)); break;
    case 2: put("w%d -w%d", (int)chance(6), 6 + zipf() % 90); break;
    default: put("w%d w%d", (int)chance(4), 300 + (int)chance(900)); break;
  }
}

static void tryQuery(bool frequent) {
  static const int limits[] = {1, 3, 10, 10, 100, 1000, MOST};
  char sql[300];
  const char *what = frequent || chance(4) ? "body" : "t";
  const char *where = frequent ? "" : makeWhere();
  const char *by = chance(3) ? "score()" : "score('tfidf')";
  if (frequent) makeFrequent();
  else makeQuery();
  snprintf(sql, sizeof sql, "SELECT rowid, %s FROM t WHERE %s MATCH ?1%s",
      by, what, where);
  ask(sql, all, &nall);
  if (failed) return;
  matches += nall;
  compareCount(what, where);
  qsort(all, (size_t)nall, sizeof *all, byScore);
  for (int i = 0; i < 3 && !failed; i++) {
    int limit = limits[chance(7)], skip = chance(4) ? 0 : (int)chance(30);
    const char *total = chance(2) ? ", count(*) OVER ()" : "";
    snprintf(sql, sizeof sql, "SELECT rowid, %s%s FROM t WHERE %s MATCH ?1%s "
        "ORDER BY %s DESC LIMIT %d OFFSET %d", by, total, what, where, by,
        limit, skip);
    compare(sql, skip, limit);
  }
}

static void tryQueries(const char *state, int n) {
  failed = false;
  matches = 0;
  for (int i = 0; i < n && !failed; i++) tryQuery(false);
  for (int i = 0; i < n / 2 && !failed; i++) tryQuery(true);
  for (int i = 0; i < n / 5 && !failed; i++) tryRange();
  printf("# %d matches\n", matches);
  ok(!failed && matches > n, state);
}

/* The statements above must be the ones that go by bounds. */
static void testPlan(void) {
  seine_stmt *s = 0;
  bool found = false;
  int rc = seine_prepare_v2(db, "EXPLAIN SELECT rowid, score(), count(*) OVER"
      " () FROM t WHERE body MATCH 'w1 w2' AND n < 100"
      " ORDER BY score() DESC LIMIT 10", -1, &s, 0);
  while (!rc && seine_step(s) == SEINE_ROW)
    for (int i = 0; i < seine_column_count(s); i++) {
      const char *p = seine_column_text(s, i);
      found |= p && strstr(p, "MatchTop");
    }
  seine_finalize(s);
  ok(found, "the plan has MatchTop");
}

int main(int argc, char **argv) {
  int n = argc > 1 ? atoi(argv[1]) : getenv("SEINE_QUICK") ? 60 : 300;
  chance_state = (argc > 2 ? strtoull(argv[2], 0, 10) : 1) *
      0x9e3779b97f4a7c15ull + 7;
  create();
  ok(!failed, "20,000 documents");
  testPlan();
  tryQueries("seven segments", n);
  run("DELETE FROM t WHERE m % 7 = 3");
  run("DELETE FROM t WHERE n >= 5500 AND n < 10000");
  tryQueries("with deleted rows", n);
  openDb();
  tryQueries("reopened", n / 3);
  run("OPTIMIZE t");
  tryQueries("optimized", n);
  insert(900);
  openDb();
  tryQueries("with rows added behind", n / 3);
  printf("1..%d\n", tests);
  seine_close(db);
  return bad_tests > 0;
}
