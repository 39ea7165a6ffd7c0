/*
** capi_types_test: values that go in and come out, through seine.h alone.
**   1. what is bound comes back: every storage class, every extreme
**   2. one statement, parameters whose types change between runs
**   3. a column read in every way: text, integer, real, blob, bytes
**   4. the types of the language: storage class, name, text, number
**   5. no value: NULL, no such column, no row
**   6. text as it is: zero bytes, long values, rows far apart
*/
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "seine.h"

static int test_count, test_failed;

static int testOk(int ok, const char *name) {
  printf("%sok %d - %s\n", ok ? "" : "not ", ++test_count, name);
  test_failed += !ok;
  return ok;
}

static void testStr(const char *got, const char *want, const char *name) {
  int ok = got && want ? !strcmp(got, want) : got == want;
  if (!testOk(ok, name))
    printf("#    got: %s\n# wanted: %s\n", got ? got : "NULL",
        want ? want : "NULL");
}

static void testNum(int64_t got, int64_t want, const char *name) {
  if (!testOk(got == want, name))
    printf("#    got: %lld\n# wanted: %lld\n", (long long)got,
        (long long)want);
}

static seine *db;

static seine_stmt *testPrepare(const char *sql) {
  seine_stmt *st;
  if (seine_prepare_v2(db, sql, -1, &st, NULL) || !st) {
    printf("Bail out! %s: %s\n", sql, seine_errmsg(db));
    exit(1);
  }
  return st;
}

/* sql, stepped to its first row. */
static seine_stmt *testFirst(const char *sql) {
  seine_stmt *st = testPrepare(sql);
  if (seine_step(st) == SEINE_ROW) return st;
  printf("Bail out! %s: %s\n", sql, seine_errmsg(db));
  exit(1);
}

/* ---- 1. In and out ------------------------------------------------------ */

static void testInts(seine_stmt *st) {
  static const int64_t v[] = {0, 1, -1, 127, 128, -129, INT32_MAX,
    (int64_t)INT32_MAX + 1, INT32_MIN, (1LL << 53) + 1, INT64_MAX,
    INT64_MIN, INT64_MIN + 1};
  char text[32];
  for (size_t i = 0; i < sizeof v / sizeof *v; i++) {
    snprintf(text, sizeof text, "%lld", (long long)v[i]);
    seine_bind_int64(st, 1, v[i]);
    if (!testOk(seine_step(st) == SEINE_ROW &&
        seine_column_type(st, 0) == SEINE_INTEGER &&
        seine_column_int64(st, 0) == v[i] &&
        seine_column_double(st, 0) == (double)v[i] &&
        !strcmp(seine_column_text(st, 0), text) &&
        seine_column_bytes(st, 0) == (int)strlen(text) &&
        !strcmp(seine_column_decltype(st, 0), "INTEGER"), text)) {
      printf("# %s\n", seine_column_text(st, 0));
    }
    seine_reset(st);
  }
}

/* The text of a real reads back as the same bits. */
static void testReals(seine_stmt *st) {
  static const struct {
    double v;
    int64_t as_int;
  } cases[] = {
    {0.0, 0}, {-0.0, 0}, {1.5, 1}, {-1.5, -1}, {0.1, 0},
    {1e15, 1000000000000000},
    {123456789.125, 123456789}, {5e-324, 0}, {2.2250738585072014e-308, 0},
    {1.7976931348623157e308, INT64_MAX}, {-1e300, INT64_MIN},
    {9223372036854775808.0, INT64_MAX}, {-9223372036854775808.0, INT64_MIN},
    {9007199254740993.0, 9007199254740992}, {0.99999999999999989, 0},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    double v = cases[i].v, d;
    char name[40];
    snprintf(name, sizeof name, "real %.17g", v);
    seine_bind_double(st, 1, v);
    testOk(seine_step(st) == SEINE_ROW &&
        seine_column_type(st, 0) == SEINE_FLOAT &&
        seine_column_double(st, 0) == v &&
        seine_column_int64(st, 0) == cases[i].as_int, name);
    d = strtod(seine_column_text(st, 0), NULL);
    if (!testOk(d == v, "its text is exact"))
      printf("# %s\n", seine_column_text(st, 0));
    seine_reset(st);
  }
  seine_bind_double(st, 1, HUGE_VAL);
  testOk(seine_step(st) == SEINE_ROW &&
      (seine_column_type(st, 0) == SEINE_NULL ||
      (isinf(seine_column_double(st, 0)) &&
      seine_column_int64(st, 0) == INT64_MAX)), "infinity");
  seine_reset(st);
  seine_bind_double(st, 1, (double)NAN);
  testOk(seine_step(st) == SEINE_ROW && seine_column_int64(st, 0) == 0,
      "not a number is 0 as an integer");
  seine_reset(st);
}

static void testBytes(seine_stmt *st) {
  static const struct {
    const char *v;
    int given, n;
  } cases[] = {
    {"", -1, 0}, {"", 0, 0}, {"abc", -1, 3}, {"abc", 2, 2}, {"abc", 0, 0},
    {"a\0b", 3, 3}, {"a\0b", -1, 1}, {"\xc3\xa9\xe6\x97\xa5", -1, 5},
    {"\0\0\0", 3, 3}, {"x'y\"z", -1, 5},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    int n = cases[i].n;
    seine_bind_text(st, 1, cases[i].v, cases[i].given);
    testOk(seine_step(st) == SEINE_ROW &&
        seine_column_type(st, 0) == SEINE_TEXT &&
        seine_column_bytes(st, 0) == n &&
        !memcmp(seine_column_text(st, 0), cases[i].v, (size_t)n) &&
        seine_column_text(st, 0)[n] == 0, "text");
    seine_reset(st);
    seine_bind_blob(st, 1, cases[i].v, n);
    testOk(seine_step(st) == SEINE_ROW &&
        seine_column_type(st, 0) == SEINE_BLOB &&
        seine_column_bytes(st, 0) == n && (n == 0 ||
        !memcmp(seine_column_blob(st, 0), cases[i].v, (size_t)n)), "blob");
    seine_reset(st);
  }
  seine_bind_text(st, 1, NULL, 5);
  testOk(seine_step(st) == SEINE_ROW &&
      seine_column_type(st, 0) == SEINE_NULL, "text NULL is NULL");
  seine_reset(st);
  seine_bind_blob(st, 1, NULL, 5);
  testOk(seine_step(st) == SEINE_ROW &&
      seine_column_type(st, 0) == SEINE_NULL, "blob NULL is NULL");
  seine_reset(st);
}

/* What was bound is a copy. */
static void testCopies(seine_stmt *st) {
  char *p = malloc(4);
  if (!p) exit(1);
  memcpy(p, "abcd", 4);
  seine_bind_text(st, 1, p, 4);
  memcpy(p, "XXXX", 4);
  free(p);
  for (int i = 0; i < 2; i++) {
    testNum(seine_step(st), SEINE_ROW, "runs with a copy");
    testStr(seine_column_text(st, 0), "abcd", "which nobody can change");
    seine_reset(st);
  }
}

/* ---- 2. Types that change ----------------------------------------------- */

static void testChanging(void) {
  static const char *const kinds = "itrnbtinrtbbnti";
  seine_stmt *st = testPrepare("SELECT ?1, typeof(?1), ?1 IS NULL, "
      "coalesce(?1, 'none') = 'none'");
  for (const char *k = kinds; *k; k++) {
    static const char *const names[] = {"integer", "text", "real", "null",
      "blob"};
    static const int classes[] = {SEINE_INTEGER, SEINE_TEXT, SEINE_FLOAT,
      SEINE_NULL, SEINE_BLOB};
    int w = (int)(strchr("itrnb", *k) - "itrnb");
    if (w == 0) seine_bind_int64(st, 1, 7);
    if (w == 1) seine_bind_text(st, 1, "seven", -1);
    if (w == 2) seine_bind_double(st, 1, 7.5);
    if (w == 3) seine_bind_null(st, 1);
    if (w == 4) seine_bind_blob(st, 1, "\1\2", 2);
    testNum(seine_step(st), SEINE_ROW, "a parameter of another type");
    testNum(seine_column_type(st, 0), classes[w], "its class");
    testStr(seine_column_text(st, 1), names[w], "its type in the language");
    testNum(seine_column_int64(st, 2), w == 3, "IS NULL");
    testNum(seine_column_int64(st, 3), w == 3, "coalesce");
    testNum(seine_step(st), SEINE_DONE, "one row");
  }
  seine_finalize(st);
}

/* Values go to the types of the columns, whatever they are bound as; a
** statement that cannot be compiled for a type works again for another. */
static void testInserts(void) {
  seine_stmt *st, *get;
  seine_exec(db, "CREATE TABLE k(i INTEGER, r REAL, t TEXT, d DATE)", NULL,
      NULL, NULL);
  st = testPrepare("INSERT INTO k VALUES (?1, ?1, ?1, ?2)");
  seine_bind_int64(st, 1, 12);
  seine_bind_text(st, 2, "2026-02-28", -1);
  testNum(seine_step(st), SEINE_DONE, "an integer");
  seine_bind_text(st, 1, "13", -1);
  testNum(seine_step(st), SEINE_DONE, "a text that is a number");
  seine_bind_double(st, 1, 14.0);
  testNum(seine_step(st), SEINE_DONE, "a real that is an integer");
  seine_bind_text(st, 1, "many", -1);
  testNum(seine_step(st), SEINE_ERROR, "a text that is none");
  testNum(seine_step(st), SEINE_ERROR, "tried again");
  seine_bind_null(st, 1);
  testNum(seine_step(st), SEINE_DONE, "NULL");
  seine_bind_int64(st, 1, 15);
  seine_bind_text(st, 2, "2026-02-30", -1);
  testNum(seine_step(st), SEINE_ERROR, "no such day");
  testNum(seine_step(st), SEINE_ERROR, "nor the second time");
  seine_bind_text(st, 2, "2026-03-01", -1);
  testNum(seine_step(st), SEINE_DONE, "a day");
  seine_finalize(st);
  get = testPrepare("SELECT * FROM k ORDER BY rowid");
  static const char *const want[][4] = {
    {"12", "12.0", "12", "2026-02-28"}, {"13", "13.0", "13", "2026-02-28"},
    {"14", "14.0", "14.0", "2026-02-28"}, {NULL, NULL, NULL, "2026-02-28"},
    {"15", "15.0", "15", "2026-03-01"},
  };
  for (int row = 0; row < 5; row++) {
    testNum(seine_step(get), SEINE_ROW, "a stored row");
    for (int c = 0; c < 4; c++)
      testStr(seine_column_text(get, c), want[row][c], "a stored value");
  }
  testNum(seine_step(get), SEINE_DONE, "none of the failed ones");
  seine_finalize(get);
}

static void testBindKind(seine_stmt *st, int kind) {
  if (kind == 0) seine_bind_int64(st, 1, 3);
  if (kind == 1) seine_bind_text(st, 1, "2026-01-02 03:04:05", -1);
  if (kind == 2) seine_bind_blob(st, 1, "\xff\0\xfe", 3);
  if (kind == 3) seine_bind_double(st, 1, 0.5);
  if (kind == 4) seine_bind_null(st, 1);
}

/* A statement that ran, or failed, for another type gives what a fresh one
** gives. */
static void testUnfit(void) {
  static const char *const sql[] = {"SELECT ?1 + 1", "SELECT -?1",
    "SELECT ?1 || 'x'", "SELECT abs(?1)", "SELECT length(?1)",
    "SELECT sum(?1)", "SELECT ?1 AND TRUE", "SELECT max(?1, 3)",
    "SELECT date_trunc('day', ?1)", "SELECT ?1 IN (3, 0.5)",
    "SELECT CASE WHEN ?1 IS NULL THEN 1 ELSE ?1 END",
    "SELECT * FROM k WHERE i = ?1", "SELECT * FROM k WHERE t > ?1"};
  for (size_t i = 0; i < sizeof sql / sizeof *sql; i++) {
    seine_stmt *st = testPrepare(sql[i]);
    int steady = 1, kind = 0;
    for (int round = 0; round < 40; round++) {
      int a, b;
      kind = (kind + 1 + round % 4) % 5; /* never the same twice */
      seine_stmt *fresh = testPrepare(sql[i]);
      testBindKind(st, kind);
      testBindKind(fresh, kind);
      a = seine_step(st);
      b = seine_step(fresh);
      const char *x = seine_column_text(st, 0);
      const char *y = seine_column_text(fresh, 0);
      if (a != b || !x != !y || (x && strcmp(x, y)) ||
          seine_column_type(st, 0) != seine_column_type(fresh, 0)) {
        printf("# kind %d: %d %s, fresh %d %s\n", kind, a, x ? x : "NULL", b,
            y ? y : "NULL");
        steady = 0;
      }
      seine_finalize(fresh);
    }
    testOk(steady, sql[i]);
    seine_finalize(st);
  }
}

/* ---- 3. A column read in every way -------------------------------------- */

static void testConversions(void) {
  static const struct {
    const char *sql;
    int type;
    int64_t i;
    double d;
    const char *text;
  } cases[] = {
    {"42", SEINE_INTEGER, 42, 42, "42"},
    {"2.75", SEINE_FLOAT, 2, 2.75, "2.75"},
    {"-2.75", SEINE_FLOAT, -2, -2.75, "-2.75"},
    {"1e20", SEINE_FLOAT, INT64_MAX, 1e20, NULL},
    {"'17'", SEINE_TEXT, 17, 17, "17"},
    {"'2.5'", SEINE_TEXT, 2, 2.5, "2.5"},
    {"'-1e3'", SEINE_TEXT, -1000, -1000, "-1e3"},
    {"'12 apples'", SEINE_TEXT, 0, 0, "12 apples"},
    {"'apples'", SEINE_TEXT, 0, 0, "apples"},
    {"''", SEINE_TEXT, 0, 0, ""},
    {"TRUE", SEINE_INTEGER, 1, 1, "true"},
    {"FALSE", SEINE_INTEGER, 0, 0, "false"},
    {"NULL", SEINE_NULL, 0, 0, NULL},
    {"x'3132'", SEINE_BLOB, 12, 12, "12"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char sql[60];
    seine_stmt *st;
    snprintf(sql, sizeof sql, "SELECT %s", cases[i].sql);
    st = testFirst(sql);
    testNum(seine_column_type(st, 0), cases[i].type, sql);
    testNum(seine_column_int64(st, 0), cases[i].i, "as an integer");
    testOk(seine_column_double(st, 0) == cases[i].d, "as a real");
    if (cases[i].text || cases[i].type == SEINE_NULL)
      testStr(seine_column_text(st, 0), cases[i].text, "as a text");
    testNum(seine_column_bytes(st, 0),
        cases[i].text ? (int64_t)strlen(cases[i].text) :
        cases[i].type == SEINE_NULL ? 0 :
        (int64_t)strlen(seine_column_text(st, 0)), "its length");
    testNum(seine_column_type(st, 0), cases[i].type, "the type stays");
    seine_finalize(st);
  }
}

/* Pointers of several columns live together until the next step. */
static void testTogether(void) {
  seine_stmt *st = testFirst("VALUES (1, 'two', x'33', 4.5), "
      "(10, 'twenty', x'3330', 40.5)");
  const char *a = seine_column_text(st, 0), *b = seine_column_text(st, 1);
  const char *c = seine_column_blob(st, 2), *d = seine_column_text(st, 3);
  testOk(!strcmp(a, "1") && !strcmp(b, "two") && *c == '3' &&
      !strcmp(d, "4.5"), "four pointers at once");
  testOk(seine_column_bytes(st, 1) == 3 && !strcmp(b, "two"),
      "bytes() after text() leaves it alone");
  testNum(seine_step(st), SEINE_ROW, "the next row");
  testStr(seine_column_text(st, 1), "twenty", "its text");
  testNum(seine_column_bytes(st, 2), 2, "its blob");
  seine_finalize(st);
}

/* ---- 4. The types of the language --------------------------------------- */

static void testTypes(void) {
  static const struct {
    const char *sql, *decl, *text;
    int type;
    int64_t number; /* -1: not said */
  } cases[] = {
    {"TRUE", "BOOLEAN", "true", SEINE_INTEGER, 1},
    {"7", "INTEGER", "7", SEINE_INTEGER, 7},
    {"7.0", "REAL", "7.0", SEINE_FLOAT, 7},
    {"'a'", "TEXT", "a", SEINE_TEXT, 0},
    {"CAST('a' AS KEYWORD)", "KEYWORD", "a", SEINE_TEXT, 0},
    {"x'6162'", "BLOB", "ab", SEINE_BLOB, 0},
    {"TIMESTAMP '1970-01-01 00:00:01.123456'", "TIMESTAMP",
      "1970-01-01 00:00:01.123456", SEINE_TEXT, 1123456},
    {"TIMESTAMP '1969-12-31 23:59:59'", "TIMESTAMP",
      "1969-12-31 23:59:59", SEINE_TEXT, -1000000},
    {"DATE '1970-01-11'", "DATE", "1970-01-11", SEINE_TEXT, 10},
    {"DATE '2000-03-01'", "DATE", "2000-03-01", SEINE_TEXT, 11017},
    {"CAST('10.0.0.1' AS IP)", "IP", "10.0.0.1", SEINE_TEXT, 0},
    {"CAST('2001:DB8::0:1' AS IP)", "IP", "2001:db8::1", SEINE_TEXT, 0},
    {"CAST('1.5,-2' AS GEOPOINT)", "GEOPOINT", "1.5,-2", SEINE_TEXT, -1},
    {"CAST('{\"a\":1}' AS JSON)", "JSON", "{\"a\":1}", SEINE_TEXT, 0},
    {"[1, 2]", "INTEGER[]", "[1,2]", SEINE_TEXT, 0},
    {"['a', 'b\"c']", "TEXT[]", "[\"a\",\"b\\\"c\"]", SEINE_TEXT, 0},
    {"[TRUE, FALSE]", "BOOLEAN[]", "[true,false]", SEINE_TEXT, 0},
    {"[1.5]", "REAL[]", "[1.5]", SEINE_TEXT, 0},
    {"[DATE '2026-01-02']", "DATE[]", "[\"2026-01-02\"]", SEINE_TEXT, 0},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char sql[100];
    seine_stmt *st;
    snprintf(sql, sizeof sql, "SELECT %s AS v", cases[i].sql);
    st = testFirst(sql);
    testNum(seine_column_type(st, 0), cases[i].type, cases[i].sql);
    testStr(seine_column_decltype(st, 0), cases[i].decl, "its type");
    testStr(seine_column_name(st, 0), "v", "its name");
    testStr(seine_column_text(st, 0), cases[i].text, "its text");
    testNum(seine_column_bytes(st, 0), (int64_t)strlen(cases[i].text),
        "the length of its text");
    if (cases[i].number != -1)
      testNum(seine_column_int64(st, 0), cases[i].number, "its number");
    seine_finalize(st);
  }
}

/* The same through a table: types by name, then NULL of each. */
static void testStored(void) {
  static const char *const type[] = {"BOOLEAN", "INTEGER", "REAL", "TEXT",
    "KEYWORD", "TIMESTAMP", "DATE", "IP", "GEOPOINT", "JSON", "BLOB",
    "INTEGER[]", "KEYWORD[]"};
  seine_stmt *st;
  seine_exec(db, "CREATE TABLE s(a BOOL, b BIGINT, c DOUBLE, d VARCHAR(10), "
      "e KEYWORD, f DATETIME, g DATE, h INET, i POINT, j JSONB, k BYTEA, "
      "l INT[], m KEYWORD[]); INSERT INTO s(a) VALUES (NULL)", NULL, NULL,
      NULL);
  st = testFirst("SELECT * FROM s");
  testNum(seine_column_count(st), 13, "13 columns");
  for (int i = 0; i < 13; i++) {
    char name[2] = {(char)('a' + i), 0};
    testStr(seine_column_decltype(st, i), type[i], "a type by another name");
    testStr(seine_column_name(st, i), name, "a name");
    testOk(seine_column_type(st, i) == SEINE_NULL &&
        !seine_column_text(st, i) && !seine_column_blob(st, i) &&
        !seine_column_bytes(st, i) && !seine_column_int64(st, i) &&
        seine_column_double(st, i) == 0, "NULL of it");
  }
  seine_finalize(st);
}

/* ---- 5. No value -------------------------------------------------------- */

static void testNone(void) {
  static const int bad[] = {-1, 2, 3, 1000000, INT32_MAX, INT32_MIN};
  seine_stmt *st = testFirst("SELECT 1, 'a'");
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    int k = bad[i];
    testOk(seine_column_type(st, k) == SEINE_NULL &&
        !seine_column_text(st, k) && !seine_column_blob(st, k) &&
        !seine_column_bytes(st, k) && !seine_column_int64(st, k) &&
        seine_column_double(st, k) == 0 && !seine_column_name(st, k) &&
        !seine_column_decltype(st, k), "no such column");
  }
  testOk(seine_column_int64(st, 0) == 1, "the others are there");
  seine_finalize(st);
  st = testPrepare("SELECT 1, 'a'");
  testOk(seine_column_type(st, 0) == SEINE_NULL && !seine_column_text(st, 1)
      && !seine_column_int64(st, 0), "no value before the first step");
  testStr(seine_column_decltype(st, 1), "TEXT", "but a type");
  seine_finalize(st);
  testNum(seine_column_count(NULL), 0, "no statement, no columns");
  st = testPrepare("CREATE TABLE none(a TEXT)");
  testNum(seine_column_count(st), 0, "CREATE gives no columns");
  testNum(seine_step(st), SEINE_DONE, "and no row");
  testOk(!seine_column_text(st, 0) && !seine_column_name(st, 0), "at all");
  seine_finalize(st);
}

/* ---- 6. Text as it is --------------------------------------------------- */

#define TYPES_LONG 3000000

static void testLong(void) {
  char *p = malloc(TYPES_LONG);
  seine_stmt *st;
  int same;
  if (!p) exit(1);
  for (int i = 0; i < TYPES_LONG; i++) p[i] = (char)('a' + i * 7 % 26);
  seine_exec(db, "CREATE TABLE long(id INTEGER, v KEYWORD, b BLOB)", NULL,
      NULL, NULL);
  st = testPrepare("INSERT INTO long VALUES (?, NULL, ?)");
  for (int i = 0; i < 3; i++) {
    int n = i == 1 ? 0 : TYPES_LONG - i;
    seine_bind_int64(st, 1, i);
    seine_bind_blob(st, 2, p, n);
    testNum(seine_step(st), SEINE_DONE, "three million bytes");
  }
  seine_finalize(st);
  st = testPrepare("SELECT b FROM long ORDER BY id");
  for (int i = 0; i < 3; i++) {
    int n = i == 1 ? 0 : TYPES_LONG - i;
    same = seine_step(st) == SEINE_ROW && seine_column_bytes(st, 0) == n;
    testOk(same && (!n || !memcmp(seine_column_blob(st, 0), p, (size_t)n)),
        "come back");
  }
  seine_finalize(st);
  free(p);
}

/* A statement that is run again and again gives what each run bound. */
static void testMany(void) {
  seine_stmt *in, *get;
  char text[20];
  int wrong = 0;
  seine_exec(db, "CREATE TABLE many(k KEYWORD, n INTEGER); BEGIN", NULL,
      NULL, NULL);
  in = testPrepare("INSERT INTO many VALUES (?, ?)");
  for (int i = 0; i < 9000; i++) {
    int n = snprintf(text, sizeof text, "k%d", i % 1000);
    if (i % 1000 == 7) seine_bind_null(in, 1);
    else seine_bind_text(in, 1, text, n);
    seine_bind_int64(in, 2, i);
    wrong += seine_step(in) != SEINE_DONE;
  }
  seine_finalize(in);
  testNum(seine_exec(db, "COMMIT", NULL, NULL, NULL) + wrong, 0,
      "9,000 runs of one statement");
  get = testPrepare("SELECT count(*), sum(n) FROM many WHERE k = ?");
  for (int i = 0; i < 1000; i += 37) {
    int64_t sum = 9 * (int64_t)i + 36000; /* i + 1000 j, j = 0 .. 8 */
    snprintf(text, sizeof text, "k%d", i);
    seine_bind_text(get, 1, text, -1);
    wrong += seine_step(get) != SEINE_ROW || (i == 7
        ? seine_column_int64(get, 0) != 0
        : seine_column_int64(get, 0) != 9 ||
        seine_column_int64(get, 1) != sum);
  }
  testNum(wrong, 0, "each key has its nine rows");
  seine_finalize(get);
}

int main(void) {
  seine_stmt *st;
  if (seine_open(":memory:", &db)) return 1;
  st = testPrepare("SELECT ?");
  testInts(st);
  testReals(st);
  testBytes(st);
  testCopies(st);
  seine_finalize(st);
  testChanging();
  testInserts();
  testUnfit();
  testConversions();
  testTogether();
  testTypes();
  testStored();
  testNone();
  testLong();
  testMany();
  seine_close(db);
  printf("1..%d\n", test_count);
  return test_failed != 0;
}
