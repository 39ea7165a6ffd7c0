/*
** auth_test: who is asked what a statement touches, and limits as C sets them.
**   1. what is asked: the columns, tables, functions of statements, by name
**   2. each thing that a statement asks for is denied alone: it is refused,
**      and says so; each column that it reads is ignored alone: it is NULL
**   3. a prepared statement asks again when the authorizer changes
**   4. words of a query name no column that is refused
**   5. seine_limit(), seine_harden()
** In a development build the compiler checks, in each of these statements,
** that every column which the program reads was asked for.
*/
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "seine.h"

static int test_count, test_failed;

static int authOk(int ok, const char *name) {
  printf("%sok %d - %s\n", ok ? "" : "not ", ++test_count, name);
  test_failed += !ok;
  return ok;
}

static seine *db;

/* ---- the callback ------------------------------------------------------- */

#define AUTH_ITEMS 200
typedef struct AuthItem {
  int action;
  char a[60], b[60], view[60];
} AuthItem;
static AuthItem auth_item[AUTH_ITEMS]; /* those asked for, each once */
static int auth_n;
static int auth_only = -1, auth_answer; /* the answer to that one */

static int authSame(const AuthItem *x, const AuthItem *y) {
  return x->action == y->action && !strcmp(x->a, y->a) &&
      !strcmp(x->b, y->b) && !strcmp(x->view, y->view);
}

static int authAsk(void *arg, int action, const char *a, const char *b,
    const char *view) {
  AuthItem x = {.action = action};
  (void)arg;
  snprintf(x.a, sizeof x.a, "%s", a ? a : "");
  snprintf(x.b, sizeof x.b, "%s", b ? b : "-");
  snprintf(x.view, sizeof x.view, "%s", view ? view : "");
  if (auth_only >= 0)
    return authSame(&x, auth_item + auth_only) ? auth_answer : SEINE_AUTH_OK;
  for (int i = 0; i < auth_n; i++)
    if (authSame(&x, auth_item + i)) return SEINE_AUTH_OK;
  if (auth_n < AUTH_ITEMS) auth_item[auth_n++] = x;
  return SEINE_AUTH_OK;
}

static void authRun(const char *sql) {
  if (!seine_exec(db, sql, NULL, NULL, NULL)) return;
  printf("Bail out! %s: %s\n", sql, seine_errmsg(db));
  exit(1);
}

static int authPrepare(const char *sql) {
  seine_stmt *st;
  int rc = seine_prepare_v2(db, sql, -1, &st, NULL);
  seine_finalize(st);
  return rc;
}

static void authOpen(void) {
  seine_close(db);
  if (seine_open(":memory:", &db)) exit(1);
  authRun("CREATE TABLE t(a INTEGER, b TEXT, c REAL DEFAULT 1.5,"
      " d TIMESTAMP, k KEYWORD, CHECK (c < 1000));"
      "CREATE TABLE u(a INTEGER PRIMARY KEY, b TEXT, x INTEGER[], j JSON);"
      "CREATE TABLE q(id INTEGER, query TEXT ANALYZER 'query(t)');"
      "INSERT INTO t VALUES (1, 'red fox', 2, '2024-01-01', 'one'),"
      " (2, 'blue fox', 3, '2024-01-02', 'two'), (3, 'dog', 4, NULL, NULL);"
      "INSERT INTO u VALUES (1, 'red', [1, 2], '{\"p\": 5}'),"
      " (3, 'dog', [3], '{}');"
      "INSERT INTO q VALUES (1, 'fox');"
      "CREATE VIEW v AS SELECT a, b AS bb, c + 1 AS cc FROM t;"
      "CREATE VIEW w AS SELECT bb FROM v WHERE cc > 0;"
      "CREATE INDEX u_b ON u(b);"
      "CREATE ANALYZER plain AS whitespace, lowercase");
  seine_set_authorizer(db, authAsk, NULL);
  auth_only = -1;
}

/* ---- 1. what is asked --------------------------------------------------- */

static const struct AuthWant { const char *sql, *reads; } auth_wants[] = {
  {"SELECT count(*) FROM t", "t."},
  {"SELECT a FROM t", "t. t.a"},
  {"SELECT a FROM t WHERE b = 'x' ORDER BY c", "t. t.a t.b t.c"},
  {"SELECT * FROM t", "t. t.a t.b t.c t.d t.k"},
  {"SELECT count(*) FROM t GROUP BY k HAVING max(d) IS NULL", "t. t.k t.d"},
  {"SELECT 1 FROM t JOIN u USING (a)", "t. u. t.a u.a"},
  {"SELECT 1 FROM t NATURAL JOIN u", "t. u. t.a u.a t.b u.b"},
  {"SELECT t.c FROM t LEFT JOIN u ON t.a = u.a", "t. u. t.a t.c u.a"},
  {"SELECT (SELECT b FROM u WHERE u.a = t.a) FROM t",
      "t. u. t.a u.a u.b"},
  {"SELECT a FROM t WHERE a IN (SELECT a FROM u)", "t. u. t.a u.a"},
  {"WITH z AS (SELECT a, k FROM t) SELECT a FROM z", "t. t.a t.k"},
  {"SELECT a FROM v", "v. v.a t.@v t.a@v t.b@v t.c@v"},
  {"SELECT 1 FROM w", "w. v.@w v.bb@w v.cc@w t.@v t.a@v t.b@v t.c@v"},
  {"SELECT sum(c) OVER (PARTITION BY k ORDER BY d) FROM t",
      "t. t.c t.k t.d"},
  {"SELECT rowid FROM t", "t. t.rowid"},
  {"SELECT a FROM t WHERE b MATCH 'fox'", "t. t.a t.b t.c t.d t.k"},
  {"SELECT highlight(b) FROM t WHERE phrase(b, 'red fox')", "t. t.b"},
  {"SELECT a FROM t UNION SELECT a FROM u", "t. u. t.a u.a"},
  {"UPDATE t SET c = c + 1 WHERE k = 'one'", "t.c t.k"},
  {"UPDATE t SET c = u.a FROM u WHERE u.b = t.b", "t. u. u.a u.b t.b"},
  {"DELETE FROM t WHERE c > 3 RETURNING b", "t.c t.b"},
  {"INSERT INTO u(a, b) SELECT a, k FROM t", "t. t.a t.k"},
  {"INSERT INTO u(a) VALUES (9) ON CONFLICT (a) DO UPDATE SET b = u.b || 'x'",
      "u.b"},
  {"SELECT unnest(x) FROM u", "u. u.x"},
  {"SELECT j ->> '$.p' FROM u", "u. u.j"},
  {"SELECT * FROM percolate(q.query, '{\"b\": \"fox\"}')", "q. q.query"},
  {"SELECT min(a), max(a) FROM t", "t. t.a"},
  {"INSERT INTO t(a, c) VALUES (7, 5)", ""},
};

static int authHas(const char *list, const char *word) {
  size_t n = strlen(word);
  for (const char *p = list; (p = strstr(p, word)); p += n)
    if ((p == list || p[-1] == ' ') && (p[n] == ' ' || !p[n])) return 1;
  return 0;
}

/* The reads, as "table.column@view" each. */
static int authReads(const char *want) {
  char have[4000] = "", word[200];
  int same = 1;
  for (int i = 0; i < auth_n; i++) {
    const AuthItem *x = auth_item + i;
    if (x->action != SEINE_AUTH_READ) continue;
    snprintf(word, sizeof word, "%s.%s%s%s", x->a, x->b, *x->view ? "@" : "",
        x->view);
    if (authHas(have, word)) continue;
    same = same && authHas(want, word);
    snprintf(have + strlen(have), sizeof have - strlen(have), "%s%s",
        *have ? " " : "", word);
  }
  if (same && strlen(have) == strlen(want)) return 1;
  printf("#    got: %s\n# wanted: %s\n", have, want);
  return 0;
}

static void authAsked(void) {
  for (size_t i = 0; i < sizeof auth_wants / sizeof auth_wants[0]; i++) {
    auth_n = 0;
    int rc = authPrepare(auth_wants[i].sql);
    if (rc) printf("# %s\n", seine_errmsg(db));
    authOk(!rc && authReads(auth_wants[i].reads), auth_wants[i].sql);
  }
}

/* ---- 2. denied, ignored ------------------------------------------------- */

static const char *const auth_more[] = {
  "CREATE TABLE n(a INTEGER, b TEXT DEFAULT (lower('X')))",
  "CREATE TABLE n AS SELECT a, upper(b) AS z FROM t",
  "DROP TABLE t", "ALTER TABLE t RENAME TO n",
  "ALTER TABLE t ADD COLUMN n INTEGER", "ALTER TABLE t DROP COLUMN d",
  "ALTER TABLE t RENAME COLUMN a TO n", "CREATE INDEX n ON t(a)",
  "CREATE UNIQUE INDEX n ON t(a)", "DROP INDEX u_b",
  "CREATE VIEW n AS SELECT a FROM t", "CREATE OR REPLACE VIEW v AS SELECT 1",
  "DROP VIEW v", "CREATE ANALYZER n AS whitespace, lowercase", "DROP ANALYZER plain",
  "PRAGMA table_info(t)", "PRAGMA timeout = 0", "PRAGMA memory_limit",
  "PRAGMA word_pairs = 128", "BEGIN", "COMMIT", "ROLLBACK",
  "SAVEPOINT s", "RELEASE s", "ROLLBACK TO s", "VACUUM",
  "VACUUM INTO '/nowhere/x'", "OPTIMIZE", "OPTIMIZE t ORDER BY a",
  "DESCRIBE t", "SHOW TABLES", "SUMMARIZE t", "EXPLAIN SELECT a FROM t",
  "COPY t TO '/nowhere/x.csv'", "COPY (SELECT a FROM t) TO '/nowhere/x'",
  "REPLACE INTO u(a, b) VALUES (1, 'x')",
  "INSERT INTO u BY NAME SELECT a, k AS b FROM t",
  "INSERT INTO u(a) VALUES (9) ON CONFLICT (a) DO NOTHING"
      " ON CONFLICT DO UPDATE SET b = u.b",
  "CREATE OR REPLACE TABLE u AS SELECT a FROM t",
  "UPDATE t SET c = 1 WHERE k = 'one' ORDER BY a LIMIT 1",
  "SELECT list_transform(x, e -> e + a) FROM u",
  "INSERT OR IGNORE INTO u(a) VALUES (1)",
  "UPDATE OR REPLACE u SET a = 3 WHERE b = 'red'",
  "SELECT a FROM t TABLESAMPLE 50 PERCENT",
  "SELECT b, count(DISTINCT c) FILTER (WHERE a > 1) FROM t GROUP BY ROLLUP(b)",
  "SELECT * FROM t PIVOT (sum(c) FOR k IN ('one', 'two'))",
  "SELECT a, z FROM t, LATERAL (SELECT max(a) AS z FROM u WHERE u.b = t.b)",
  "SELECT * FROM t AS x SEMI JOIN u ON x.a = u.a",
  "SELECT a FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.a = t.a AND u.b <> t.b)",
  "WITH RECURSIVE r(n) AS (SELECT a FROM t UNION ALL SELECT n + 1 FROM r"
      " WHERE n < 9) SELECT n FROM r",
  "SELECT score() FROM t WHERE t MATCH 'fox' ORDER BY score() DESC LIMIT 1",
  "SELECT a FROM t WHERE k = 'one'", "SELECT DISTINCT k FROM t ORDER BY d",
  "SELECT a FROM t ORDER BY c DESC LIMIT 2 OFFSET 1",
  "SELECT * FROM generate_series(1, 3)",
  "SELECT * FROM suggest(t.b, 'foz')",
  "SELECT coalesce(CAST(a AS TEXT), b) || k FROM t WHERE b LIKE 'r%'",
  "SELECT CASE WHEN a BETWEEN 1 AND 2 THEN b ELSE k END FROM t",
  "DELETE FROM t USING u WHERE u.a = t.a", "DELETE FROM t",
};

/* Every READ of a column that is ignored gives the statement a NULL for it, or
** is refused where a search needs it. */
static int authIgnores(const char *sql, const AuthItem *x) {
  int rc;
  if (x->action != SEINE_AUTH_READ || !*x->b) return 1;
  auth_answer = SEINE_AUTH_IGNORE;
  rc = authPrepare(sql);
  if (!rc || rc == SEINE_AUTH || rc == SEINE_ERROR) return 1;
  printf("# ignored %s.%s: %d %s\n", x->a, x->b, rc, seine_errmsg(db));
  return 0;
}

/* Columns beside those of a MATCH are closed to its words, not needed. */
static int authDenies(const char *sql) {
  int good = 1, n;
  auth_only = -1;
  auth_n = 0;
  int rc = authPrepare(sql);
  if (rc) {
    printf("# %s\n", seine_errmsg(db));
    return 0;
  }
  n = auth_n;
  for (auth_only = 0; auth_only < n; auth_only++) {
    const AuthItem *x = auth_item + auth_only;
    auth_answer = SEINE_AUTH_DENY;
    rc = authPrepare(sql);
    int closed = x->action == SEINE_AUTH_READ && !rc && strstr(sql, "MATCH");
    if (!closed && (rc != SEINE_AUTH ||
            !strstr(seine_errmsg(db), "not authorized"))) {
      printf("# denied %d %s %s: %d %s\n", x->action, x->a, x->b, rc,
          seine_errmsg(db));
      good = 0;
    }
    good &= authIgnores(sql, x);
  }
  auth_only = -1;
  return good && n > 0;
}

static void authDenied(void) {
  for (size_t i = 0; i < sizeof auth_wants / sizeof auth_wants[0]; i++)
    authOk(authDenies(auth_wants[i].sql), auth_wants[i].sql);
  for (size_t i = 0; i < sizeof auth_more / sizeof auth_more[0]; i++)
    authOk(authDenies(auth_more[i]), auth_more[i]);
}

/* ---- 3, 4. again; words that name columns -------------------------------- */

static int authHide(void *arg, int action, const char *a, const char *b,
    const char *view) {
  const char *column = arg;
  (void)view;
  if (action != SEINE_AUTH_READ || strcmp(a, "t") || !b) return 0;
  return strcmp(b, column + 1) ? SEINE_AUTH_OK : *column - '0';
}

static char *authText(const char *sql) {
  static char text[400];
  seine_stmt *st;
  int rc = seine_prepare_v2(db, sql, -1, &st, NULL);
  snprintf(text, sizeof text, "error %d", rc);
  if (rc) return text;
  *text = 0;
  while ((rc = seine_step(st)) == SEINE_ROW) {
    const char *s = seine_column_text(st, 0);
    snprintf(text + strlen(text), sizeof text - strlen(text), "%s ",
        s ? s : "NULL");
  }
  if (rc != SEINE_DONE) snprintf(text, sizeof text, "error %d", rc);
  seine_finalize(st);
  return text;
}

static void authIs(const char *sql, const char *want, const char *name) {
  const char *got = authText(sql);
  if (!authOk(!strcmp(got, want), name))
    printf("#    got: %s\n# wanted: %s\n", got, want);
}

static void authAgain(void) {
  static char deny[] = "1b", ignore[] = "2b", key[] = "1k", mute[] = "2k";
  seine_stmt *st;
  seine_set_authorizer(db, NULL, NULL);
  seine_prepare_v2(db, "SELECT b FROM t ORDER BY a", -1, &st, NULL);
  authOk(seine_step(st) == SEINE_ROW, "again: nobody is asked");
  seine_set_authorizer(db, authHide, deny);
  authOk(seine_step(st) == SEINE_ROW, "again: what runs goes on");
  seine_reset(st);
  authOk(seine_step(st) == SEINE_AUTH &&
      strstr(seine_errmsg(db), "not authorized: read t.b"),
      "again: then it is refused");
  seine_set_authorizer(db, authHide, ignore);
  authOk(seine_step(st) == SEINE_ROW && !seine_column_text(st, 0) &&
      seine_column_type(st, 0) == SEINE_NULL, "again: then it is NULL");
  seine_reset(st);
  seine_set_authorizer(db, NULL, NULL);
  authOk(seine_step(st) == SEINE_ROW && seine_column_text(st, 0),
      "again: then it is there");
  seine_finalize(st);
  seine_set_authorizer(db, authHide, ignore);
  authIs("SELECT a FROM t WHERE b IS NULL ORDER BY a", "1 2 3 ",
      "ignored: in WHERE");
  authIs("SELECT count(*) FROM t GROUP BY b", "3 ", "ignored: in GROUP BY");
  authIs("SELECT max(b) FROM t", "NULL ", "ignored: in an aggregate");
  authIs("SELECT bb FROM v", "NULL NULL NULL ", "ignored: behind a view");
  authIs("SELECT t.b FROM t JOIN u USING (b)", "", "ignored: in USING");
  authIs("INSERT INTO t(a, b, c) VALUES (1, 'x', 2000)", "error 19",
      "ignored: a CHECK stays");
  authIs("SELECT a FROM t WHERE b MATCH 'fox'", "error 23",
      "ignored: what is searched is refused");
  seine_set_authorizer(db, authHide, key);
  authIs("SELECT a FROM t WHERE b MATCH 'fox' ORDER BY a", "1 2 ",
      "words: of the column itself");
  authIs("SELECT a FROM t WHERE b MATCH 'k:one'", "",
      "words: another column's name is none");
  authIs("SELECT a FROM t WHERE b MATCH 'c:[1 TO 9]'", "",
      "words: one that is refused closes all that were not asked");
  authIs("SELECT a FROM t WHERE t MATCH 'fox'", "error 23",
      "words: all columns are too many");
  seine_set_authorizer(db, authHide, mute);
  authIs("SELECT a FROM t WHERE t MATCH 'fox'", "error 23",
      "words: ignored is refused");
  seine_set_authorizer(db, NULL, NULL);
  authIs("SELECT a FROM t WHERE b MATCH 'k:one'", "1 ",
      "words: nobody is asked");
}

/* ---- 5. limits ----------------------------------------------------------- */

static void authLimits(void) {
  authOk(seine_limit(db, SEINE_LIMITS, 1) == -1, "limit: none of that number");
  authOk(seine_limit(db, -1, 1) == -1, "limit: none below 0");
  authOk(seine_limit(db, SEINE_LIMIT_ROW, 1000) == 67108864,
      "limit: what it was");
  authOk(seine_limit(db, SEINE_LIMIT_ROW, -1) == 1000, "limit: what it is");
  authOk(seine_limit(db, SEINE_LIMIT_EXPR_DEPTH, 1000000) == 1000 &&
      seine_limit(db, SEINE_LIMIT_EXPR_DEPTH, -1) == 1000,
      "limit: not above the greatest");
  authOk(!seine_harden(db), "harden");
  authOk(seine_limit(db, SEINE_LIMIT_ROW, -1) == 1000,
      "harden: what was lower stays");
  authOk(seine_limit(db, SEINE_LIMIT_MATCH_CLAUSES, -1) == 64,
      "harden: what was higher is lower");
  authIs("PRAGMA limit_row = 5000", "error 23", "harden: SQL raises nothing");
  seine_limit(db, SEINE_LIMIT_ROW, 5000);
  authOk(seine_limit(db, SEINE_LIMIT_ROW, -1) == 5000,
      "harden: the program may");
  seine_stmt *st;
  seine_limit(db, SEINE_LIMIT_VALUE, 10);
  seine_prepare_v2(db, "SELECT length(?)", -1, &st, NULL);
  authOk(!seine_bind_text(st, 1, "0123456789", -1) &&
      seine_bind_text(st, 1, "01234567890", -1) == SEINE_TOOBIG &&
      strstr(seine_errmsg(db), "limit value is 10"), "limit: of what is bound");
  seine_finalize(st);
}

int main(void) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  authOpen();
  authAsked();
  authDenied();
  authAgain();
  authLimits();
  seine_close(db);
  printf("1..%d\n", test_count);
  return test_failed != 0;
}
