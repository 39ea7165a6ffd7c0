/*
** deep_test: what is nested or chained, up to a million deep, in a thread
** whose stack is small.  At each depth the answer or a clear error comes soon:
**   1  SQL: parentheses, signs, calls, CASE, sub-selects, chains of operators
**   2  texts in texts: JSON, its paths, patterns, queries of MATCH
**   3  views on views, WITH on WITH
**   4  JSON that is loaded
** The small depths must be answered: else an error at each would pass.
*/
#include "base/base.h"
#include "os/os.h"
#include "../tap.h"
#include <pthread.h>

/* Statements are as long as this at most. */
static u32 deepText = 4000000;

#if defined(__SANITIZE_ADDRESS__) || !defined(__OPTIMIZE__)
#define DEEP_STACK (1024u << 10) /* frames are four times as large */
#define DEEP_MS    8000
#else
#define DEEP_STACK (256u << 10)
#define DEEP_MS    1000
#endif

static seine *db;
static const char *deepOnly; /* the one kind to run, or NULL */

/* A statement around open^n core close^n; may: so many deep must succeed;
** most: no deeper, or 0: what is long, not deep, takes time as it is long. */
typedef struct DeepKind {
  const char *name, *before, *open, *core, *close, *after;
  u32 may, most;
} DeepKind;

static const DeepKind deep_sql[] = {
  {"parentheses", "SELECT ", "(", "1", ")", "", 90, 0},
  {"parentheses left open", "SELECT ", "(", "1", "", "", 0, 0},
  {"not", "SELECT ", "NOT ", "1", "", "", 90, 0},
  {"minus", "SELECT ", "- ", "1", "", "", 90, 0},
  {"tilde", "SELECT ", "~", "1", "", "", 90, 0},
  {"case then", "SELECT ", "CASE WHEN 1 THEN ", "1", " END", "", 90, 0},
  {"case when", "SELECT ", "CASE WHEN ", "1", " THEN 1 END", "", 90, 0},
  {"case else", "SELECT ", "CASE WHEN 0 THEN 1 ELSE ", "1", " END", "", 90, 0},
  {"case of", "SELECT ", "CASE ", "1", " WHEN 1 THEN 1 END", "", 90, 0},
  {"calls", "SELECT ", "abs(", "1", ")", "", 90, 0},
  {"casts", "SELECT ", "CAST(", "1", " AS INTEGER)", "", 90, 0},
  {"coalesce", "SELECT ", "coalesce(", "1", ",2)", "", 5, 0},
  {"nullif", "SELECT ", "nullif(", "1", ",2)", "", 5, 0},
  {"ifnull", "SELECT ", "ifnull(2,", "1", ")", "", 5, 0},
  {"iif", "SELECT ", "iif(1,", "1", ",2)", "", 90, 0},
  {"array literals", "SELECT ", "[", "1", "]", "", 1, 20},
  {"is null", "SELECT 1", " IS NULL", "", "", "", 90, 0},
  {"subscripts", "SELECT [1]", "[1]", "", "", "", 1, 0},
  {"collate", "SELECT 'a'", " COLLATE nocase", "", "", "", 90, 0},
  {"in", "SELECT 1 IN (", "1 IN (", "1", ")", ")", 90, 0},
  {"in list", "SELECT 1 IN (", "7,", "1", "", ")", 1000, 20000},
  {"between", "SELECT ", "1 BETWEEN 0 AND (", "1", ")", "", 90, 0},
  {"like", "SELECT 'a'", " LIKE 'a'", "", "", "", 90, 0},
  {"sums", "SELECT 1", "+1", "", "", "", 250, 0},
  {"sums to the right", "SELECT ", "1+(", "1", ")", "", 90, 0},
  {"concatenations", "SELECT 'a'", "||'b'", "", "", "", 250, 0},
  {"and", "SELECT 1", " AND 1", "", "", "", 250, 0},
  {"or", "SELECT i FROM t WHERE i = 1", " OR i = 2", "", "", "", 250, 0},
  {"equals", "SELECT 1", " = 1", "", "", "", 250, 0},
  {"between", "SELECT 1", " BETWEEN 0 AND 1", "", "", "", 5, 0},
  {"between around", "SELECT ", "(0 + ", "1", ") BETWEEN 0 AND 1", "", 5, 0},
  {"like", "SELECT 'a'", " LIKE 'a'", "", "", "", 90, 0},
  {"scalar selects", "SELECT ", "(SELECT ", "1", ")", "", 20, 0},
  {"exists", "SELECT ", "EXISTS (SELECT ", "1", ")", "", 20, 0},
  {"in select", "SELECT ", "1 IN (SELECT ", "1", ")", "", 20, 0},
  {"keyed selects", "SELECT (SELECT i FROM t", " WHERE i = (SELECT i FROM t",
      "", ")", ")", 5, 0},
  {"sources", "SELECT * FROM ", "(SELECT * FROM ", "t", ")", "", 20, 0},
  {"source parentheses", "SELECT * FROM ", "(", "t", ")", "", 1, 0},
  {"union all", "SELECT 1", " UNION ALL SELECT 1", "", "", "", 20, 0},
  {"union", "SELECT 1", " UNION SELECT 1", "", "", "", 20, 0},
  {"except", "SELECT 1", " EXCEPT SELECT 1", "", "", "", 20, 0},
  {"union under with", "WITH a AS (SELECT 1 AS x) SELECT x FROM a",
      " UNION SELECT 1", "", "", "", 20, 0},
  {"values", "VALUES (1)", ",(1)", "", "", "", 250, 20000},
  {"result columns", "SELECT 1", ",1", "", "", "", 90, 20000},
  {"joins", "SELECT 1 FROM t", " CROSS JOIN t", "", "", "", 1, 0},
  {"comma joins", "SELECT 1 FROM t", ",t", "", "", "", 1, 0},
  {"with in with", "", "WITH a AS (", "SELECT 1", ") SELECT * FROM a", "", 5,
      0},
  {"order by", "SELECT i FROM t ORDER BY i", ",i", "", "", "", 20, 20000},
  {"group by", "SELECT 1 FROM t GROUP BY i", ",i", "", "", "", 20, 20000},
  {"arguments", "SELECT max(1", ",1", "", "", ")", 20, 20000},
  {"dotted names", "SELECT a", ".a", "", "", "", 0, 0},
  {"aggregates", "SELECT ", "sum(", "1", ")", "", 1, 0},
  {"columns", "CREATE TABLE z(a", ",a", "", "", ")", 0, 0},
  {"checks", "CREATE TABLE z(a INTEGER CHECK (", "NOT ", "a", "", "))", 0, 0},
  {"defaults", "CREATE TABLE z(a INTEGER DEFAULT (", "(", "1", ")", "))", 0, 0},
  {"comments", "SELECT 1 ", "/* ", "", "", "*/", 90, 0},
  {"explain", "", "EXPLAIN ", "SELECT 1", "", "", 1, 0},
  {"semicolons", "SELECT 1", ";", "", "", "", 90, 0},
};

#define DEEP_MATCH "SELECT i FROM t WHERE s MATCH ?"

/* The deep text is a value: it goes in by a parameter. */
static const DeepKind deep_text[] = {
  {"json arrays", "SELECT json_valid(?)", "[", "1", "]", "", 15, 0},
  {"json objects", "SELECT json_valid(?)", "{\"a\":", "1", "}", "", 15, 0},
  {"json not closed", "SELECT json_valid(?)", "[{\"a\":", "1", "", "", 0, 0},
  {"json cast", "SELECT CAST(? AS JSON)", "[", "1", "]", "", 15, 0},
  {"json type", "SELECT json_type(?)", "[", "1", "]", "", 15, 0},
  {"json extract", "SELECT json_extract(?, '$[0][0]')", "[", "1", "]", "", 15,
      0},
  {"json each", "SELECT count(*) FROM json_each(?)", "[", "1", "]", "", 15, 0},
  {"json patch", "SELECT json_patch(?1, ?1)", "{\"a\":", "1", "}", "", 15, 0},
  {"json contains", "SELECT json_contains(?1, ?1)", "[", "1", "]", "", 15, 0},
  {"json contains objects", "SELECT json_contains(?1, ?1)", "{\"a\":", "1", "}",
      "", 15, 0},
  {"json set", "SELECT json_set(?1, '$' || repeat('.a', 999), 1)", "{\"a\":",
      "1", "}", "", 15, 0},
  {"json set of arrays", "SELECT json_set(?1, '$' || repeat('[0]', 999), 1)",
      "[", "1", "]", "", 15, 0},
  {"json paths", "SELECT json_extract('{\"a\":1}', ?)", ".a", "", "", "", 0, 0},
  {"json subscripts", "SELECT json_extract('[1]', ?)", "[0]", "", "", "", 0, 0},
  {"groups", "SELECT 'a' REGEXP ?", "(", "a", ")", "", 90, 0},
  {"groups not closed", "SELECT 'a' REGEXP ?", "(", "a", "", "", 0, 0},
  {"nested stars", "SELECT 'a' REGEXP ?", "(", "a", ")*", "", 50, 0},
  {"stars", "SELECT 'a' REGEXP ?", "", "a", "*", "", 1, 0},
  {"alternatives", "SELECT 'a' REGEXP ?", "b|", "a", "", "", 90, 0},
  {"classes", "SELECT 'a' REGEXP ?", "[", "a", "]", "", 1, 0},
  {"long pattern", "SELECT 'a' REGEXP ?", "a", "", "", "", 90, 0},
  {"repeats", "SELECT 'a' REGEXP ?", "(", "a", "){2}", "", 5, 0},
  {"like", "SELECT 'aaaa' LIKE ?", "%a", "", "", "", 90, 0},
  {"glob", "SELECT 'aaaa' GLOB ?", "*a", "", "", "", 0, 0},
  {"query groups", DEEP_MATCH, "(", "a", ")", "", 90, 0},
  {"query not", DEEP_MATCH, "NOT ", "a", "", "", 9, 0},
  {"query minus", DEEP_MATCH, "-", "a", "", "", 9, 0},
  {"query and", DEEP_MATCH, "a AND ", "a", "", "", 90, 3000},
  {"query or", DEEP_MATCH, "a OR ", "a", "", "", 90, 3000},
  {"query words", DEEP_MATCH, "a ", "", "", "", 90, 3000},
  {"query boosts", DEEP_MATCH, "(", "a", ")^2", "", 90, 3000},
  {"query near", DEEP_MATCH, "NEAR(a ", "a", ")", "",
      2, 3000},
  {"query phrase", DEEP_MATCH, "a ", "", "", "", 90, 3000},
  {"query columns", "SELECT i FROM t WHERE t MATCH ?", "s:", "a", "", "", 1, 0},
  {"query pattern", DEEP_MATCH, "*a", "", "", "", 1, 3000},
  {"array cast", "SELECT CAST(? AS INTEGER[])", "[", "1", "]", "", 1, 0},
};

static const u32 deep_depth[] = {1, 5, 20, 90, 250, 400, 550, 700,
  900, 1001, 3000, 20000, 1000000};

static void deepRepeat(Buf *b, const char *s, u32 n) {
  size_t len = strlen(s);
  if (len)
    for (u32 i = 0; i < n; i++) snBufAdd(b, s, len);
}

static u64 deepMs(u64 since) { return (snClockNs() - since) / 1000000; }

/* Runs one statement; what there is is told in tapWhy when it is bad. */
static int deepRun(const char *sql, size_t n, const Buf *value) {
  seine_stmt *st = NULL;
  int rc = seine_prepare_v2(db, sql, (int)n, &st, NULL);
  if (!rc && value)
    rc = seine_bind_text(st, 1, (char *)value->data, (int)value->n);
  if (!rc && st) {
    do rc = seine_step(st);
    while (rc == SEINE_ROW);
    if (rc == SEINE_DONE) rc = SEINE_OK;
  }
  seine_finalize(st);
  return rc;
}

static bool deepGood(const DeepKind *k, u32 depth, int rc, u64 ms) {
  bool error = rc == SEINE_TOOBIG || rc == SEINE_ERROR || rc == SEINE_NOMEM;
  const char *text = rc ? seine_errmsg(db) : "";
  snprintf(tapWhy, sizeof tapWhy, "depth %u, %d: %.100s, %d ms", depth, rc,
      text, (int)ms);
  if (getenv("DEEP_TELL")) printf("#   %s: %s\n", k->name, tapWhy);
  if (rc ? !error || depth <= k->may || strlen(text) < 8 : 0) return false;
  return ms <= DEEP_MS;
}

static void deepKind(const DeepKind *k, bool value) {
  bool good = true;
  if (deepOnly && strcmp(deepOnly, k->name)) return;
  for (u32 i = 0; good && i < SN_COUNT(deep_depth); i++) {
    size_t each = strlen(k->open) + strlen(k->close);
    u32 n = SN_MIN(deep_depth[i], deepText / (u32)each);
    Buf b;
    if (k->most && n > k->most) break;
    snBufInit(&b, NULL);
    if (!value) snBufAdd(&b, k->before, strlen(k->before));
    deepRepeat(&b, k->open, n);
    snBufAdd(&b, k->core, strlen(k->core));
    deepRepeat(&b, k->close, n);
    snBufAdd(&b, k->after, strlen(k->after));
    u64 from = snClockNs();
    int rc = value ? deepRun(k->before, strlen(k->before), &b)
                   : deepRun((char *)b.data, b.n, NULL);
    good = deepGood(k, n, rc, deepMs(from));
    snBufClear(&b);
  }
  tapOk(good, "%s%s", value ? "text: " : "", k->name);
}

/* ---- 3 ------------------------------------------------------------------ */

static int deepExec(const char *fmt, ...) {
  char sql[300];
  va_list ap;
  va_start(ap, fmt);
  vsnprintf(sql, sizeof sql, fmt, ap);
  va_end(ap);
  return seine_exec(db, sql, NULL, NULL, NULL);
}

/* Views are made until one is refused, or up to so many: reading the last
** that was made works. */
static void deepViews(void) {
  enum { MOST = 1500 };
  int rc = deepExec("CREATE VIEW v0 AS SELECT i FROM t");
  u32 n = 1;
  u64 from = snClockNs();
  for (; !rc && n < MOST; n++)
    rc = deepExec("CREATE VIEW v%u AS SELECT i FROM v%u", n, n - 1);
  snprintf(tapWhy, sizeof tapWhy, "%u views, %d: %s, %d ms", n, rc,
      seine_errmsg(db), (int)deepMs(from));
  if (getenv("DEEP_TELL")) printf("# %s\n", tapWhy);
  tapOk(n > 20 && (!rc || rc == SEINE_TOOBIG || rc == SEINE_ERROR), "views");
  from = snClockNs();
  rc = deepExec("SELECT * FROM v%u", rc ? n - 2 : n - 1);
  snprintf(tapWhy, sizeof tapWhy, "%d: %s, %d ms", rc, seine_errmsg(db),
      (int)deepMs(from));
  tapOk(!rc || rc == SEINE_TOOBIG, "the deepest view is read or refused");
  if (getenv("DEEP_TELL")) printf("# %s\n", tapWhy);
}

static void deepWiths(void) {
  bool good = true;
  for (u32 i = 0; good && i < SN_COUNT(deep_depth); i++) {
    static const DeepKind k = {"WITH after WITH", 0, 0, 0, 0, 0, 20, 0};
    u32 n = SN_MIN(deep_depth[i], deepText / 32);
    Buf b;
    snBufInit(&b, NULL);
    snBufPrintf(&b, "WITH a0 AS (SELECT 1 AS x)");
    for (u32 j = 1; j <= n; j++)
      snBufPrintf(&b, ", a%u AS (SELECT x FROM a%u)", j, j - 1);
    snBufPrintf(&b, " SELECT x FROM a%u", n);
    u64 from = snClockNs();
    int rc = deepRun((char *)b.data, b.n, NULL);
    good = deepGood(&k, n, rc, deepMs(from));
    snBufClear(&b);
  }
  tapOk(good, "WITH after WITH");
}

/* ---- 4 ------------------------------------------------------------------ */

static void deepLoad(const char *open, const char *core, const char *close) {
  bool good = true;
  for (u32 i = 0; good && i < SN_COUNT(deep_depth); i++) {
    static const DeepKind k = {"load", 0, 0, 0, 0, 0, 5, 0};
    seine_import *imp;
    seine_import_stats s = {0};
    Buf b;
    snBufInit(&b, NULL);
    snBufPrintf(&b, "{\"x\":");
    deepRepeat(&b, open, deep_depth[i]);
    snBufAdd(&b, core, strlen(core));
    deepRepeat(&b, close, deep_depth[i]);
    snBufPrintf(&b, "}\n{\"y\":1}\n");
    deepExec("DROP TABLE IF EXISTS d; DROP TABLE IF EXISTS d_rejects");
    u64 from = snClockNs();
    int rc = seine_import_begin(db, "d", SEINE_IMPORT_NDJSON, &imp);
    if (!rc) {
      rc = seine_import_feed(imp, b.data, b.n);
      int end = seine_import_end(imp, !rc, &s);
      if (!rc) rc = end;
    }
    good = deepGood(&k, deep_depth[i], rc, deepMs(from));
    if (!rc && s.rows + s.rejects != 2) good = false;
    snBufClear(&b);
  }
  tapOk(good, "load of %s", open);
}

static void *deepAll(void *arg) {
  (void)arg;
  for (u32 i = 0; i < SN_COUNT(deep_sql); i++) deepKind(deep_sql + i, false);
  for (u32 i = 0; i < SN_COUNT(deep_text); i++) deepKind(deep_text + i, true);
  if (deepOnly) return NULL;
  deepViews();
  deepWiths();
  deepLoad("[", "1", "]");
  deepLoad("{\"a\":", "1", "}");
  deepLoad("[{\"a\":", "1", "}]");
  return NULL;
}

int main(int argc, char **argv) {
  pthread_attr_t attr;
  pthread_t thread;
  deepOnly = argc > 1 ? argv[1] : NULL;
  if (getenv("SEINE_QUICK")) deepText = 300000;
  if (seine_open(":memory:", &db) ||
      deepExec("CREATE TABLE t(i INTEGER, s TEXT); INSERT INTO t VALUES "
               "(1, 'a b'), (2, 'b c')") ||
      pthread_attr_init(&attr) ||
      pthread_attr_setstacksize(&attr, DEEP_STACK) ||
      pthread_create(&thread, &attr, deepAll, NULL)) {
    printf("Bail out! no database, or no thread\n");
    return 1;
  }
  pthread_join(thread, NULL);
  pthread_attr_destroy(&attr);
  tapOk(!deepExec("SELECT count(*) FROM t"), "the connection is usable");
  seine_close(db);
  return tapEnd();
}
