/*
** bounds_test [ROUNDS [BAR_MS]]: what a statement may take, whatever it does.
**   1  memory: under PRAGMA memory_limit of 1 to 64 MiB a statement gives the
**      answer that it gives without one, or says that memory is out; all the
**      heap of the process stays below the limit and 64 KiB
**   2  interrupt: at a random moment, ROUNDS times each; "# NAME p50 p99 max"
**      tells how many milliseconds its thread then worked on, whether it gave
**      its answer or not; 99 of 100 no more than BAR_MS.  It is time of the
**      processor, so that a busy machine changes little
** BOUNDS_ONLY, names between commas, asks some kinds; BOUNDS_ROWS makes another
** table; BOUNDS_TELL prints what memory each took.
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
void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);
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

static void *heapNew(size_t n, bool zero) {
  size_t *p = n > SIZE_MAX / 2 ? NULL : zero ? __libc_calloc(1, n + HEAP_HEAD)
      : __libc_malloc(n + HEAP_HEAD);
  if (!p) return NULL;
  p[0] = n;
  heapAdd(n);
  return (char *)p + HEAP_HEAD;
}

__attribute__((noinline)) void *malloc(size_t n) { return heapNew(n, false); }

__attribute__((noinline)) void free(void *at) {
  size_t *p = at ? (size_t *)(void *)((char *)at - HEAP_HEAD) : NULL;
  if (p) heapTake(p[0]);
  __libc_free(p);
}

__attribute__((noinline)) void *calloc(size_t n, size_t size) {
  size_t all;
  return __builtin_mul_overflow(n, size, &all) ? NULL : heapNew(all, true);
}

/* A large block grows where it is: the old one is gone when there is a new. */
void *realloc(void *at, size_t n) {
  if (!at) return malloc(n);
  size_t *old = (size_t *)(void *)((char *)at - HEAP_HEAD), had = old[0];
  size_t *p = n > SIZE_MAX / 2 ? NULL : __libc_realloc(old, n + HEAP_HEAD);
  if (!p) return NULL;
  heapTake(had);
  p[0] = n;
  heapAdd(n);
  return (char *)p + HEAP_HEAD;
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
  return good && !boundsExec("INSERT INTO z SELECT i, s FROM t; CREATE TABLE "
      "l(s TEXT); INSERT INTO l SELECT repeat('a red fox ran ', 60000 * v) "
      "FROM generate_series(1, 5) AS g(v); CREATE TABLE g(p GEOPOINT); INSERT "
      "INTO g SELECT geo_point(v % 211 / 10.0, v % 307 / 15.0) FROM "
      "generate_series(1, 100000) AS s(v); CREATE TABLE alerts(q TEXT ANALYZER "
      "'query(t)'); INSERT INTO alerts SELECT CASE v % 3 WHEN 0 THEN 'word' || "
      "v || ' OR red' WHEN 1 THEN 's:th*g' || v % 7 ELSE 'fox~1 -w' || v END "
      "FROM generate_series(1, 30000) AS s(v); COPY t TO 'bounds.csv' (HEADER);"
      " COPY t TO 'bounds.ndjson'");
}

enum { READS, WRITES, ALONE }; /* alone: not in a transaction */

typedef struct BoundsKind {
  const char *name, *sql;
  int how;
} BoundsKind;

/* Four segments of a table, which nobody has merged. */
#define BOUNDS_PARTS "DROP TABLE IF EXISTS m; CREATE TABLE m(i INTEGER, " \
    "r REAL, k KEYWORD, s TEXT); INSERT INTO m SELECT * FROM t WHERE i % 4 " \
    "= 0; INSERT INTO m SELECT * FROM t WHERE i % 4 = 1; INSERT INTO m " \
    "SELECT * FROM t WHERE i % 4 = 2; INSERT INTO m SELECT * FROM t WHERE " \
    "i % 4 = 3;"

#define BOUNDS_EMPTY "DROP TABLE IF EXISTS y; CREATE TABLE y(i INTEGER, " \
    "r REAL, k KEYWORD, s TEXT);"

static BoundsKind bounds_kinds[] = {
  {"scan", "SELECT sum(length(s)) FROM t", READS},
  {"filter", "SELECT count(*) FROM t WHERE s LIKE '%7%a%9'", READS},
  {"rows", "SELECT * FROM t", READS},
  {"sort", "SELECT i, s FROM t ORDER BY r, s DESC", READS},
  {"top", "SELECT i, s FROM t ORDER BY s LIMIT 7 OFFSET 20000", READS},
  {"sort many", "SELECT v FROM generate_series(1, 600000) AS g(v) ORDER BY "
      "v * 7919 % 1000003", READS},
  {"sort texts", "SELECT v FROM generate_series(1, 200000) AS g(v) ORDER BY "
      "'a common begin ' || (v * 7919 % 1000003), v", READS},
  {"sort arrays", "SELECT v FROM generate_series(1, 200000) AS g(v) ORDER BY "
      "[v * 7919 % 1000003]", READS},
  {"rank many", "SELECT max(x) FROM (SELECT rank() OVER (ORDER BY v * 7919 % "
      "1000003) AS x FROM generate_series(1, 600000) AS g(v))", READS},
  {"join many", "SELECT count(*) FROM generate_series(1, 600000) AS a(v) JOIN "
      "generate_series(1, 600000) AS b(w) ON v = w", READS},
  {"group many", "SELECT v * 7919 % 1000003 AS k, count(*) FROM "
      "generate_series(1, 600000) AS g(v) GROUP BY k", READS},
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
  {"optimize", "OPTIMIZE m", ALONE},
  {"optimize order", "OPTIMIZE m ORDER BY r, k", ALONE},
  {"check", "PRAGMA integrity_check", READS},
  {"vacuum", "VACUUM", ALONE},
  {"quick check", "PRAGMA quick_check", READS},
  {"lower", "SELECT length(lower(repeat('aB c', 9000000)))", READS},
  {"lower wide", "SELECT length(lower(repeat('ÄB c', 3000000)))", READS},
  {"fold", "SELECT length(fold(repeat('äB c', 2000000)))", READS},
  {"nocase", "SELECT length(nocase(repeat('aB c', 9000000)))", READS},
  {"initcap", "SELECT length(initcap(repeat('ab c', 3000000)))", READS},
  {"translate", "SELECT length(translate(repeat('ab c', 2000000), 'abc', "
      "'xyz'))", READS},
  {"hex", "SELECT length(hex(repeat('ab c', 9000000)))", READS},
  {"unhex", "SELECT length(unhex(repeat('ab0c', 9000000)))", READS},
  {"trim", "SELECT length(trim(repeat('ab', 20000000), 'ba'))", READS},
  {"pad", "SELECT length(lpad('a', 60000000, 'xy'))", READS},
  {"substr", "SELECT substr(repeat('äb', 20000000), -2)", READS},
  {"split part", "SELECT split_part(repeat('a,b', 9000000), ',', -3)", READS},
  {"instr", "SELECT instr(repeat('ab', 30000000), 'abb')", READS},
  {"translate none", "SELECT length(replace(repeat('ab', 30000000), 'c', ''))",
      READS},
  {"wide reverse", "SELECT length(reverse(repeat('äb', 9000000)))", READS},
  {"sha256", "SELECT sha256(repeat('ab', 20000000))", READS},
  {"md5", "SELECT md5(repeat('ab', 20000000))", READS},
  {"crc32", "SELECT crc32(repeat('ab', 30000000))", READS},
  {"base64", "SELECT length(base64(repeat('ab', 20000000)))", READS},
  {"unbase64", "SELECT length(unbase64(repeat('abcd', 9000000)))", READS},
  {"levenshtein", "SELECT levenshtein(repeat('ab', 1990), repeat('ba c', "
      "990))", READS},
  {"swaps", "SELECT damerau_levenshtein(repeat('ab', 1990), repeat('ba c', "
      "990))", READS},
  {"distances", "SELECT max(levenshtein(s, reverse(s))) FROM t", READS},
  {"glob long", "SELECT repeat('ab', 5000000) GLOB '*a?c*'", READS},
  {"like any", "SELECT repeat('ab', 5000000) LIKE '%a_c%'", READS},
  {"regexp long", "SELECT repeat('ab c', 9000000) REGEXP '(a|b)+ (c|d)$x'",
      READS},
  {"regexp count", "SELECT regexp_count(repeat('ab c', 1000000), '[a-b]+')",
      READS},
  {"regexp all", "SELECT array_length(regexp_extract_all(repeat('ab c', "
      "1000000), '(a)b'))", READS},
  {"similar", "SELECT repeat('ab c', 5000000) SIMILAR TO '%(b|c)d%'", READS},
  {"concat long", "SELECT length(repeat('ab', 20000000) || repeat('cd', "
      "20000000))", READS},
  {"compare long", "SELECT repeat('ab', 30000000) < repeat('ab', 30000000)",
      READS},
  {"printf", "SELECT length(printf('%s-%s', repeat('ab', 9000000), 'c'))",
      READS},
  {"json set", "SELECT length(json_set('[' || repeat('{\"a\":[1,2]},', "
      "400000) || '1]', '$[7]', 1))", READS},
  {"json minify", "SELECT length(json('[' || repeat('{\"a\": [1,2]},', "
      "400000) || '1]'))", READS},
  {"json extract", "SELECT json_extract('[' || repeat('{\"a\":[1,2]},', "
      "800000) || '1]', '$[#-1]')", READS},
  {"json length", "SELECT json_array_length('[' || repeat('1,', 9000000) || "
      "'1]')", READS},
  {"json patch", "SELECT length(json_patch('{' || repeat('\"a\":[1,2],', "
      "400000) || '\"b\":1}', '{\"b\":2}'))", READS},
  {"json contains", "SELECT json_contains('[' || repeat('{\"a\":[1,2]},', "
      "400000) || '1]', '2')", READS},
  {"json keys", "SELECT array_length(json_keys('{' || repeat('\"a\":[1,2],', "
      "800000) || '\"b\":1}'))", READS},
  {"json cast", "SELECT length(CAST('[' || repeat('{\"a\":[1,2]},', 800000) "
      "|| '1]' AS JSON))", READS},
  {"json quote", "SELECT length(json_quote(repeat('a\"b', 5000000)))", READS},
  {"json string", "SELECT json_valid('\"' || repeat('ab', 20000000) || "
      "'\"')", READS},
  {"json tree", "SELECT count(*) FROM json_tree('[' || repeat('[1],', 200000) "
      "|| '1]')", READS},
  {"json group", "SELECT length(json_group_array(s)) FROM t", READS},
  {"array cast", "SELECT array_length(CAST('[' || repeat('1,', 2000000) || "
      "'1]' AS INTEGER[]))", READS},
  {"array sort", "SELECT array_length(sort_array(array_agg(v * 7919 % "
      "1000003))) FROM generate_series(1, 1000000) AS g(v)", READS},
  {"array distinct", "SELECT array_length(array_distinct(array_agg(v * 7919 % "
      "1000003))) FROM generate_series(1, 1000000) AS g(v)", READS},
  {"array text", "SELECT length(array_to_string(array_agg(v), ',')) FROM "
      "generate_series(1, 1000000) AS g(v)", READS},
  {"array unnest", "SELECT count(*) FROM unnest((SELECT array_agg(v) FROM "
      "generate_series(1, 1000000) AS g(v)))", READS},
  {"array filter", "SELECT array_length(list_filter(array_agg(v), x -> x > 7)) "
      "FROM generate_series(1, 300000) AS g(v)", READS},
  {"list reduce", "SELECT list_reduce(array_agg(v), (s, x) -> s + x) FROM "
      "generate_series(1, 300000) AS g(v)", READS},
  {"analyze", "SELECT count(*) FROM analyze('standard', repeat('The foxes ', "
      "300000))", READS},
  {"highlight long", "SELECT length(highlight(s)) FROM l WHERE s MATCH 'fox'",
      READS},
  {"snippet long", "SELECT snippet(s) FROM l WHERE s MATCH 'fox red'", READS},
  {"offsets long", "SELECT length(offsets(s)) FROM l WHERE s MATCH 'fox'",
      READS},
  {"phrase long", "SELECT count(*), max(score()) FROM l WHERE s MATCH "
      "'\"red fox\"'", READS},
  {"long rows", "SELECT max(length(s || 'x')) FROM l", READS},
  {"insert long", "INSERT INTO l SELECT repeat('red fox ', 1000000)", WRITES},
  {"percolate", "SELECT count(*) FROM percolate(alerts.q, '{\"s\": \"the "
      "word7 and a thing that is red\"}')", READS},
  {"percolate long", NULL, READS},
  {"suggest", "SELECT count(*) FROM suggest(t.s, 'wrod123 thnigs worrd77 "
      "fxos')", READS},
  {"correct", "SELECT count(*) FROM correct(t.s, 'wrod123 thnigs worrd77 fxos "
      "wodr88 thimg')", READS},
  {"complete", "SELECT count(*) FROM complete(t.s, 'w', 10, 1)", READS},
  {"significant", "SELECT count(*) FROM significant(t.s, 'red')", READS},
  {"geo", "SELECT count(*) FROM g WHERE geo_within(p, (SELECT 'POLYGON((' || "
      "group_concat((10 + 5 * cos(v / 500.0)) || ' ' || (10 + 5 * sin(v / "
      "500.0)), ',') || ', 15 10))' FROM generate_series(0, 3000) AS s(v)))",
      READS},
  {"geo circle", "SELECT count(*) FROM g WHERE geo_within(p, geo_point(10, 10)"
      ", 90000)", READS},
  {"geo sort", "SELECT p FROM g ORDER BY geo_distance(p, geo_point(7, 7)) "
      "LIMIT 10", READS},
  {"read csv", "SELECT count(*), max(s) FROM read_csv('bounds.csv')", READS},
  {"copy csv", "COPY y FROM 'bounds.csv' (HEADER)", WRITES},
  {"copy json", "COPY y FROM 'bounds.ndjson'", WRITES},
  {"copy to", "COPY t TO 'bounds.out.csv'", READS},
  {"rollback", "ROLLBACK", READS},
  {"commit", "COMMIT", READS},
  {"drop", "DROP TABLE m", READS},
  {"vacuum into", "VACUUM INTO 'bounds.copy'", READS},
  {"bound", "SELECT length(?1 || ?1)", READS},
  {"in list", NULL, READS},
  {"values", NULL, WRITES},
  {"or list", NULL, READS},
};

/* What has to be there, made anew for each round. */
static const struct { const char *name, *sql; } bounds_before[] = {
  {"optimize", BOUNDS_PARTS},
  {"optimize order", BOUNDS_PARTS},
  {"vacuum", BOUNDS_PARTS "DROP TABLE IF EXISTS y; CREATE "
      "TABLE y AS SELECT * FROM m; DROP TABLE m"},
  {"copy csv", BOUNDS_EMPTY},
  {"copy json", BOUNDS_EMPTY},
  {"rollback", "BEGIN; INSERT INTO z SELECT i, s FROM t; "
      "UPDATE z SET s = s || '!'"},
  {"commit", BOUNDS_EMPTY "BEGIN; INSERT INTO y SELECT * FROM "
      "t; DELETE FROM y WHERE i % 3 = 0"},
  {"drop", BOUNDS_PARTS},
};

static const char *boundsBefore(const BoundsKind *k) {
  for (u32 i = 0; i < SN_COUNT(bounds_before); i++)
    if (!strcmp(bounds_before[i].name, k->name)) return bounds_before[i].sql;
  return "";
}

/* The statements that are long: each is `before`, then `each` again and again
** with a number, then `after`. */
static bool boundsLong(const char *name, const char *before, const char *each,
    int n, const char *after) {
  size_t room = strlen(before) + strlen(after) + (size_t)n * 40 + 1, at;
  char *sql = malloc(room);
  if (!sql) return false;
  at = (size_t)snprintf(sql, room, "%s", before);
  for (int i = 0; i < n; i++)
    at += (size_t)snprintf(sql + at, room - at, each, i * 7);
  snprintf(sql + at, room - at, "%s", after);
  for (u32 i = 0; i < SN_COUNT(bounds_kinds); i++)
    if (!strcmp(bounds_kinds[i].name, name)) bounds_kinds[i].sql = sql;
  return true;
}

/* What ?1 is bound to. */
static char boundsText[3000000];

static int boundsBind(seine_stmt *st) {
  if (!seine_bind_parameter_count(st)) return SEINE_OK;
  memset(boundsText, 'x', sizeof boundsText);
  return seine_bind_text(st, 1, boundsText, sizeof boundsText);
}

/* All rows as one number, ordered: in their order; an error is in *rc. */
static u64 boundsRun(const char *sql, bool ordered, int *rc) {
  seine_stmt *st = NULL;
  u64 all = 1;
  *rc = seine_prepare_v2(db, sql, -1, &st, NULL);
  if (*rc || !st) return 0;
  *rc = boundsBind(st);
  while (!*rc && (*rc = seine_step(st)) == SEINE_ROW) {
    u64 h = 1;
    for (int i = 0; i < seine_column_count(st); i++) {
      const char *s = seine_column_text(st, i);
      h = h * 31 + (s ? snHash(s, (size_t)seine_column_bytes(st, i), 0) : 7);
    }
    all = (ordered ? all * 31 : all) + h * 0x9e3779b97f4a7c15u;
    *rc = SEINE_OK;
  }
  if (*rc == SEINE_DONE) *rc = SEINE_OK;
  seine_finalize(st);
  return all;
}

/* What is written in a transaction is undone.  The error is in boundsSaid. */
static u64 boundsOnce(const BoundsKind *k, int *rc) {
  bool txn = k->how == WRITES;
  remove("bounds.copy");
  *rc = boundsExec(boundsBefore(k));
  snprintf(boundsSaid, sizeof boundsSaid, "%s", *rc ? seine_errmsg(db) : "");
  if (*rc) return 0;
  int begun = txn ? boundsExec("BEGIN") : SEINE_OK;
  u64 h = boundsRun(k->sql, strstr(k->sql, "ORDER BY") != NULL, rc);
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
  int rc, begun, done;
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
  __atomic_store_n(&j->begun, 1, __ATOMIC_RELEASE);
  (void)boundsRun(j->kind->sql, true, &j->rc);
  j->over = boundsWorked(CLOCK_THREAD_CPUTIME_ID);
  __atomic_store_n(&j->done, 1, __ATOMIC_RELEASE);
  return NULL;
}

static int boundsOrder(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return x < y ? -1 : x > y;
}

/* Runs it in a thread; behind `wait` nanoseconds, unless that is 0, it is
** interrupted.  *late: milliseconds that it worked on from there, also when it
** did not care and gave its answer; -1: it had ended before.  Returns what it
** took; 0 is a failure. */
static u64 boundsRound(const BoundsKind *k, u64 wait, double *late) {
  BoundsJob j = {.kind = k};
  pthread_t t;
  clockid_t clock;
  bool txn = k->how == WRITES;
  *late = -1;
  remove("bounds.copy");
  if (boundsExec(boundsBefore(k))) return 0;
  if (txn && boundsExec("BEGIN")) return 0;
  u64 from = snClockNs();
  if (pthread_create(&t, NULL, boundsThread, &j)) return 0;
  if (wait) {
    while (!__atomic_load_n(&j.begun, __ATOMIC_ACQUIRE)) usleep(1);
    usleep((useconds_t)SN_MIN(wait / 1000, 900000));
    u64 asked = pthread_getcpuclockid(t, &clock) ? 0 : boundsWorked(clock);
    bool done = __atomic_load_n(&j.done, __ATOMIC_ACQUIRE);
    if (!done) seine_interrupt(db);
    pthread_join(t, NULL);
    if (!done) *late = j.over > asked ? (double)(j.over - asked) / 1e6 : 0;
  } else {
    pthread_join(t, NULL);
  }
  from = snClockNs() - from;
  if (j.rc) snprintf(tapWhy, sizeof tapWhy, "%s", seine_errmsg(db));
  if (!seine_get_autocommit(db)) (void)boundsExec("ROLLBACK");
  return j.rc && j.rc != SEINE_INTERRUPT ? 0 : SN_MAX(from, 1u);
}

/* The second run tells how long it takes when all is warm. */
static void boundsInterrupt(const BoundsKind *k, int rounds, double bar) {
  static u32 seed = 1;
  double *ms = calloc((size_t)rounds, sizeof *ms), late;
  int n = 0;
  bool good = ms && boundsRound(k, 0, &late);
  u64 took = good ? boundsRound(k, 0, &late) : 0;
  good &= took != 0;
  for (int i = 0; good && i < rounds; i++) {
    seed = seed * 1664525u + 1013904223u;
    u64 wait = (u64)((double)took * (seed >> 8) / (1 << 24));
    good = boundsRound(k, wait + 1, &late) != 0;
    if (late >= 0) ms[n++] = late;
  }
  if (n) {
    qsort(ms, (size_t)n, sizeof *ms, boundsOrder);
    double most = ms[SN_MIN(n * 99 / 100, n - 1)];
    printf("# %-16s %4d of %d  p50 %7.2f  p99 %7.2f  max %7.2f  whole %.0f\n",
        k->name, n, rounds, ms[n / 2], most, ms[n - 1], (double)took / 1e6);
    good &= most <= bar;
    if (most > bar) snprintf(tapWhy, sizeof tapWhy, "%.0f ms", most);
  }
  free(ms);
  tapOk(good, "interrupt: %s", k->name);
}

/* BOUNDS_ONLY: names between commas, or nothing for all. */
static bool boundsAsked(const char *name) {
  const char *only = getenv("BOUNDS_ONLY");
  size_t n = strlen(name);
  for (const char *at = only; at && (at = strstr(at, name)); at += n)
    if ((at == only || at[-1] == ',') && (!at[n] || at[n] == ',')) return true;
  return !only;
}

int main(int argc, char **argv) {
  bool quick = getenv("SEINE_QUICK") != NULL;
  int rounds = argc > 1 ? atoi(argv[1]) : quick ? 3 : 10;
  double bar = argc > 2 ? atof(argv[2]) : 3000;
  remove("bounds.seine");
  const char *rows = getenv("BOUNDS_ROWS");
  if (!boundsMake(rows ? atoi(rows) : quick ? 8000 : 60000) ||
      !boundsLong("in list", "SELECT count(*) FROM t WHERE i IN (-1", ",%d",
          30000, ")") ||
      !boundsLong("percolate long", "SELECT count(*) FROM percolate(alerts.q, "
          "'{\"s\": \"", "red foxes %d are ", 50000, "\"}')") ||
      !boundsLong("or list", "SELECT count(*) FROM t WHERE i = 3",
          " OR i = %d", 400, "") ||
      !boundsLong("values", "INSERT INTO z VALUES (1, 'a')", ",(%d, 'some')",
          100000, "")) {
    printf("Bail out! no database\n");
    return 1;
  }
  for (u32 i = 0; argc < 2 && i < SN_COUNT(bounds_kinds); i++)
    if (boundsAsked(bounds_kinds[i].name))
      boundsMemory(bounds_kinds + i, quick);
  seine_close(db);
  (void)boundsOpen(); /* a condition that is known leaves nothing to end */
  (void)boundsExec("PRAGMA filter_cache_bytes = 0");
  for (u32 i = 0; i < SN_COUNT(bounds_kinds); i++)
    if (boundsAsked(bounds_kinds[i].name))
      boundsInterrupt(bounds_kinds + i, rounds, bar);
  int rc;
  (void)boundsRun("SELECT count(*) FROM t", true, &rc);
  tapOk(!rc, "the connection is usable");
  seine_close(db);
  return tapEnd();
}
