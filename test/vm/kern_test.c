/*
** kern_test: the scalar functions of room vm, called through the table.
**   1. text   2. LIKE and GLOB, against a plain matcher   3. numbers
**   4. dates  5. anything, arrays, addresses, points, JSON
**   6. CAST   7. all kernels with bad bytes and with memory that ends
** Each call is made four times: all arguments constant, all flat, the first
** flat, the last flat; over rows that are a list and over rows that are not.
*/
#include "vm/kern.h"

#define TEST_ROWS 4096u
#define TEST_ARGS 8u

static int test_count, test_failed;
static Budget test_budget;
static Arena test_arena;
static Buf test_scratch;
static char test_error[256];
static Object *test_kept;
static FuncCtx test_ctx = {.arena = &test_arena, .budget = &test_budget,
    .scratch = &test_scratch, .error = test_error, .kept = &test_kept};

static void testOk(bool ok, const char *name) {
  printf("%sok %d - %s\n", ok ? "" : "not ", ++test_count, name);
  test_failed += !ok;
}

/* ---- Values and vectors ------------------------------------------------- */

typedef struct TestVal {
  u8 type;
  bool null;
  KernVal v;
} TestVal;

static TestVal testStr(u8 type, const char *p, size_t n) {
  TestVal t = {type, false, {0, 0, {NULL, 0, 0}}};
  t.v.s.p = n ? (const u8 *)p : NULL;
  t.v.s.n = (u32)n;
  return t;
}
static TestVal testInt(u8 type, i64 v) {
  return (TestVal){type, false, {v, 0, {NULL, 0, 0}}};
}
static TestVal testReal(double v) {
  return (TestVal){TYPE_REAL, false, {0, v, {NULL, 0, 0}}};
}
/* A value of a type by its text; broken text fails the test. */
static TestVal testParse(u8 type, const char *text) {
  TestVal t = testInt(type, 0);
  if (snTypeForm(type) == FORM_INT) {
    if (!snTypeParseInt(type, text, strlen(text), &t.v.i)) testOk(0, text);
  } else {
    Buf b;
    snBufInit(&b, NULL);
    if (!snTypeParseStr(type, text, strlen(text), &b)) testOk(0, text);
    t.v.s.n = (u32)b.n;
    t.v.s.p = b.n ? (u8 *)snArenaDup(&test_arena, (char *)b.data, b.n) : NULL;
    snBufClear(&b);
  }
  return t;
}

#define S(x)     testStr(TYPE_TEXT, x, sizeof(x) - 1)
#define X(x)     testStr(TYPE_BLOB, x, sizeof(x) - 1)
#define J(x)     testStr(TYPE_JSON, x, sizeof(x) - 1)
#define I(x)     testInt(TYPE_INTEGER, x)
#define B(x)     testInt(TYPE_BOOLEAN, x)
#define R(x)     testReal(x)
#define TS(x)    testParse(TYPE_TIMESTAMP, x)
#define D(x)     testParse(TYPE_DATE, x)
#define IV(x)    testParse(TYPE_INTERVAL, x)
#define IP(x)    testParse(TYPE_IP, x)
#define G(x)     testParse(TYPE_GEOPOINT, x)
#define A(t, x)  testParse(TYPE_ARRAY | TYPE_##t, x)
#define N(t)     ((TestVal){TYPE_##t, true, {0, 0, {NULL, 0, 0}}})

static void *testRoom(size_t n) {
  void *p = calloc(1, n);
  if (!p) exit(2);
  return p;
}

static void testVecNew(Vec *v, u8 type, VecForm form) {
  u32 n = form == VEC_CONST ? 1 : TEST_ROWS;
  memset(v, 0, sizeof *v);
  v->type = type;
  v->form = (u8)form;
  v->data = v->buf = testRoom(n * sizeof(Str) + 512);
  v->null_buf = testRoom(512);
}
static void testVecFree(Vec *v) {
  free(v->buf);
  free(v->null_buf);
}
static void testVecSet(Vec *v, u32 i, const TestVal *t) {
  if (t->null) {
    v->nulls = v->null_buf;
    snBitSet(v->nulls, i);
    return;
  }
  if (v->type == TYPE_BOOLEAN) {
    if (t->v.i) snBitSet(v->data, i);
  } else if (snTypeForm(v->type) == FORM_INT) {
    ((i64 *)v->data)[i] = t->v.i;
  } else if (snTypeForm(v->type) == FORM_REAL) {
    ((double *)v->data)[i] = t->v.d;
  } else {
    ((Str *)v->data)[i] = t->v.s;
  }
}

/* ---- Finding and calling ------------------------------------------------ */

static bool testFits(char letter, u8 type) {
  switch (letter) {
    case 'b': return type == TYPE_BOOLEAN;
    case 'i': return type == TYPE_INTEGER;
    case 'r': return type == TYPE_REAL;
    case 's': case 'k': return snTypeIsString(type);
    case 't': return type == TYPE_TIMESTAMP;
    case 'd': return type == TYPE_DATE;
    case 'v': return type == TYPE_INTERVAL;
    case 'p': return type == TYPE_IP;
    case 'g': return type == TYPE_GEOPOINT;
    case 'j': return type == TYPE_JSON;
    case 'x': return type == TYPE_BLOB;
    case 'a': return (type & TYPE_ARRAY) != 0;
    case 'n': return snTypeIsNumber(type);
    default: return letter == '*';
  }
}

static bool testTakes(const Func *f, const TestVal *args, u32 n) {
  const char *p = f->args;
  bool optional = false;
  char last = 0;
  u32 k = 0;
  for (; *p; p++) {
    if (*p == '?') {
      optional = true;
    } else if (*p == '+') {
      while (k < n && testFits(last, args[k].type)) k++;
    } else if (k < n) {
      if (!testFits(last = *p, args[k].type)) return false;
      k++;
    } else {
      return optional;
    }
  }
  return k == n;
}

static const Func *testFind(const char *name, const TestVal *args, u32 n) {
  const Func *f;
  for (u32 k = 0; (f = snFuncFind(name, strlen(name), k)); k++) {
    if (testTakes(f, args, n)) return f;
  }
  return NULL;
}

static void testShow(Buf *b, int rc, const Vec *out, u32 i) {
  b->n = 0;
  if (rc == SEINE_ERROR) snBufPrintf(b, "ERROR: %s", test_error);
  else if (rc) snBufPrintf(b, "rc %d", rc);
  else if (snKernIsNull(out, i)) snBufStr(b, "NULL");
  else snKernVecText(b, out, i);
  snBufText(b);
}

/* The result of row 70 in b.  how: bit a = argument a is flat. */
static int testCall(const Func *f, const TestVal *args, u32 n, u32 how,
    bool listed, Buf *b) {
  static const u16 list[] = {3, 70, 4095};
  Vec v[TEST_ARGS + 1], *out = &v[TEST_ARGS];
  Rows16 rows = {listed ? list : NULL, listed ? 3 : 71};
  bool null = false;
  int rc = SEINE_OK;
  for (u32 a = 0; a < n; a++) {
    bool flat = (how >> a & 1) != 0;
    testVecNew(&v[a], args[a].type, flat ? VEC_FLAT : VEC_CONST);
    for (u32 i = 0; i < (flat ? TEST_ROWS : 1); i++) {
      testVecSet(&v[a], i, &args[a]);
    }
    null = null || args[a].null;
  }
  testVecNew(out, f->ret, VEC_FLAT);
  if (null && !(f->flags & FUNC_NULLS)) {
    snKernNull(out, 70);
  } else {
    rc = f->fn(&test_ctx, v, n, rows, out);
    if (test_kept) test_kept->free(test_kept);
    test_kept = NULL;
  }
  testShow(b, rc, out, 70);
  for (u32 a = 0; a < n; a++) testVecFree(&v[a]);
  testVecFree(out);
  return rc;
}

static void testFunc(const char *name, const char *want, u32 n,
    const TestVal *args) {
  const Func *f = testFind(name, args, n);
  char title[200];
  Buf b;
  snBufInit(&b, NULL);
  snprintf(title, sizeof title, "%s -> %s", name, want);
  if (!f) snBufStr(&b, "no such entry");
  for (u32 how = 0; f && how < 8; how++) {
    u32 flat = how / 2 == 0 ? 0 : how / 2 == 1 ? ~0u : how / 2 == 2 ? 1 :
        1u << (n ? n - 1 : 0);
    testCall(f, args, n, flat, how & 1, &b);
    if (strcmp(want, snBufText(&b)) != 0) break;
  }
  testOk(!strcmp(want, snBufText(&b)), title);
  if (strcmp(want, snBufText(&b)) != 0) printf("# got %s\n", snBufText(&b));
  snBufClear(&b);
}

#define F(name, want, ...) \
  testFunc(name, want, \
      sizeof((TestVal[]){__VA_ARGS__}) / sizeof(TestVal), \
      (const TestVal[]){__VA_ARGS__})
#define F0(name, want) testFunc(name, want, 0, NULL)

/* ---- 1. Text ------------------------------------------------------------ */

static void testLengths(void) {
  F("length", "4", S("na\xc3\xafv"));
  F("LEN", "0", S(""));
  F("length", "3", X("\xff\xfe\x00"));
  F("char_length", "3", S("a\xe2\x82\xac" "b"));
  F("octet_length", "5", S("a\xe2\x82\xac" "b"));
  F("lower", "abcdef 12 \xc3\xa9t\xc3\xa9", S("ABCdef 12 \xc3\x89T\xc3\x89"));
  F("lower", "@az[`az{ 09~\x7f abcxyz!", S("@AZ[`az{ 09~\x7f ABCxyz!"));
  F("upper", "@AZ[`AZ{ 09~\x7f ABCXYZ!", S("@AZ[`az{ 09~\x7f ABCxyz!"));
  F("reverse", "", S(""));
  F("upper", "HELLO, W\xc3\x96RLD, AGAIN", S("Hello, w\xc3\xb6rld, aGain"));
  F("ucase", "", S(""));
  F("fold", "creme brulee", S("Cr\xc3\xa8me BR\xc3\x9bL\xc3\xa9""e"));
  F("unaccent", "a", S("\xc3\x84"));
  F("initcap", "Hello World-Wide 3rd \xc3\x89t\xc3\xa9",
      S("hELLO wORLD-wide 3RD \xc3\xa9T\xc3\x89"));
}

static void testTrims(void) {
  F("trim", "a b", S("  a b   "));
  F("ltrim", "a  ", S("  a  "));
  F("rtrim", "  a", S("  a  "));
  F("trim", "b", S("xyxbyx"), S("yx"));
  F("trim", "b", S("\xe2\x82\xacx\xe2\x82\xac" "b\xe2\x82\xac"),
      S("x\xe2\x82\xac"));
  F("rtrim", "ab", S("abccc"), S("c"));
  F("ltrim", "abc", S("abc"), S(""));
  F("trim", "NULL", S("abc"), N(TEXT));
}

static void testPieces(void) {
  F("substr", "bc", S("abcd"), I(2), I(2));
  F("substr", "bcd", S("abcd"), I(2));
  F("substr", "cd", S("abcd"), I(-2));
  F("substr", "a", S("abcd"), I(0), I(2));
  F("substr", "abcd", S("abcd"), I(0));
  F("substr", "ab", S("abcd"), I(3), I(-2));
  F("substr", "a", S("abc"), I(-5), I(3));
  F("substr", "", S("abc"), I(-5), I(-2));
  F("substr", "a", S("abc"), I(-2), I(-2));
  F("substr", "bc", S("abc"), I(10), I(-8));
  F("substr", "", S("abc"), I(0), I(-2));
  F("substr", "", S("abc"), I(INT64_MAX), I(INT64_MAX));
  F("substr", "", S("abc"), I(INT64_MIN), I(INT64_MIN));
  F("substr", "abc", S("abc"), I(INT64_MIN / 2), I(INT64_MAX));
  F("mid", "b", S("abc"), I(2), I(1));
  F("substr", "\xa9", X("a\xc3\xa9" "b"), I(3), I(1));
  F("left", "ab", S("abc"), I(2));
  F("left", "ab", S("abc"), I(-1));
  F("left", "", S("abc"), I(-7));
  F("right", "bc", S("abc"), I(2));
  F("right", "c", S("abc"), I(-2));
  F("right", "abc", S("abc"), I(99));
  F("right", "", S("abc"), I(0));
  F("split_part", "b", S("a,b,c"), S(","), I(2));
  F("split_part", "c", S("a,b,c"), S(","), I(-1));
  F("split_part", "", S("a,b,c"), S(","), I(4));
  F("split_part", "", S("a,b,c"), S(","), I(-4));
  F("split_part", "a,b", S("a,b"), S(""), I(1));
  F("split_part", "", S("a,b"), S(","), I(0));
}

static void testSearches(void) {
  F("instr", "3", S("\xc3\xa9" "abc"), S("bc"));
  F("instr", "0", S("abc"), S("x"));
  F("instr", "1", S(""), S(""));
  F("strpos", "0", S(""), S("a"));
  F("contains", "true", S("hello"), S("ell"));
  F("contains", "false", S("hello"), S("elL"));
  F("starts_with", "true", S("hello"), S("he"));
  F("starts_with", "false", S("h"), S("he"));
  F("ends_with", "true", S("hello"), S("lo"));
  F("ends_with", "false", S("o"), S("lo"));
}

static void testBuilders(void) {
  F("replace", "aXXcXX", S("abcb"), S("b"), S("XX"));
  F("replace", "abc", S("abc"), S(""), S("x"));
  F("reverse", "c\xc3\xa9" "a", S("a\xc3\xa9" "c"));
  F("repeat", "ababab", S("ab"), I(3));
  F("repeat", "", S("ab"), I(-3));
  F("repeat", "rc 18", S("ab"), I(INT64_MAX));
  F("lpad", "xyxa", S("a"), I(4), S("xy"));
  F("lpad", "   a", S("a"), I(4));
  F("rpad", "a\xc3\xa9\xc3\xa9", S("a"), I(3), S("\xc3\xa9"));
  F("rpad", "ab", S("abc"), I(2));
  F("rpad", "abc", S("abc"), I(9), S(""));
  F("lpad", "rc 18", S("abc"), I(INT64_MAX));
  F("lpad", "", S("abc"), I(-1));
  F("concat", "a1.5trueb", S("a"), N(TEXT), R(1.5), B(1), S("b"));
  F0("concat", "");
  F("concat_ws", "a-2-[1,2]", S("-"), S("a"), N(INTEGER), I(2),
      A(INTEGER, "[1,2]"));
  F("concat_ws", "NULL", N(TEXT), S("a"));
  F("concat_ws", "", S("-"));
  F("char", "A\xe2\x82\xac\xef\xbf\xbd", I(65), I(0x20ac), I(-1));
  F("chr", "a", I(97));
  F("unicode", "8364", S("\xe2\x82\xac" "a"));
  F("ascii", "NULL", S(""));
  F("translate", "1b3\xc3\xa9", S("abc\xc3\xa9x"), S("acx"), S("13"));
  F("hex", "00FF61", X("\x00\xff" "a"));
  F("hex", "3132", I(12));
  F("unhex", "az", S("617A"));
  F("unhex", "NULL", S("617"));
  F("unhex", "NULL", S("6g"));
}

/* ---- 2. LIKE and GLOB --------------------------------------------------- */

static bool testPlainLike(const char *p, const char *q) {
  if (!*q) return !*p;
  if (*q == '%') {
    return testPlainLike(p, q + 1) || (*p && testPlainLike(p + 1, q));
  }
  if (!*p) return false;
  if (*q != '_' && (*p | 0x20) != (*q | 0x20)) return false;
  return testPlainLike(p + 1, q + 1);
}

static u32 testNext(u64 *state) {
  *state = *state * 6364136223846793005ull + 1442695040888963407ull;
  return (u32)(*state >> 33);
}

static void testWord(u64 *state, const char *letters, u32 most, char *out) {
  u32 n = testNext(state) % (most + 1), of = (u32)strlen(letters);
  for (u32 i = 0; i < n; i++) out[i] = letters[testNext(state) % of];
  out[n] = 0;
}

/* One constant pattern over many texts, as a table scan sees it. */
static bool testLikeBatch(u64 *state, u32 most) {
  Vec v[3];
  char pat[16], text[128];
  Rows16 rows = {NULL, 64};
  const Func *f = snFuncFind("like", 4, 0);
  bool good = true;
  TestVal t;
  testWord(state, testNext(state) % 2 ? "aB%_" : "abA%", 7, pat);
  testVecNew(&v[0], TYPE_TEXT, VEC_CONST);
  testVecNew(&v[1], TYPE_TEXT, VEC_FLAT);
  testVecNew(&v[2], TYPE_BOOLEAN, VEC_FLAT);
  t = testStr(TYPE_TEXT, pat, strlen(pat));
  testVecSet(&v[0], 0, &t);
  for (u32 i = 0; i < rows.n; i++) {
    testWord(state, "abAB", most, text);
    t = testStr(TYPE_TEXT, snArenaDup(&test_arena, text, strlen(text)),
        strlen(text));
    testVecSet(&v[1], i, &t);
  }
  good = !f->fn(&test_ctx, v, 2, rows, &v[2]);
  for (u32 i = 0; i < rows.n; i++) {
    Str s = snKernStr(&v[1], i);
    const char *p = s.n ? (const char *)s.p : "";
    bool want = testPlainLike(p, pat);
    if (snBit(v[2].data, i) == want &&
        snLike(NULL, s.p, s.n, (u8 *)pat, (u32)strlen(pat), -1) == want)
      continue;
    printf("# like '%s' '%s'\n", pat, p);
    good = false;
  }
  for (u32 i = 0; i < 3; i++) testVecFree(&v[i]);
  snArenaClear(&test_arena);
  return good;
}

static void testLikeRandom(void) {
  u64 state = 42;
  bool good = true;
  for (u32 i = 0; i < 2000 && good; i++) good = testLikeBatch(&state, 8);
  testOk(good, "LIKE as the plain matcher, short texts");
  for (u32 i = 0; i < 300 && good; i++) good = testLikeBatch(&state, 70);
  testOk(good, "LIKE as the plain matcher, long texts");
}

/* 60 stars against a text of 100,000: over at once, or never. */
static void testLikeSlow(void) {
  u32 n = 100000;
  u8 *text = testRoom(n), pat[121];
  memset(text, 'a', n);
  for (u32 i = 0; i < 60; i++) {
    pat[2 * i] = '%';
    pat[2 * i + 1] = i & 1 ? '_' : 'a';
  }
  pat[120] = 'b';
  testOk(!snLike(NULL, text, n, pat, 121, -1), "no exponential LIKE");
  for (u32 i = 0; i < 60; i++) pat[2 * i] = '*';
  testOk(!snGlob(NULL, text, n, pat, 121), "no exponential GLOB");
  free(text);
}

static void testLikes(void) {
  F("like", "true", S("%ELL%"), S("hello"));
  F("like", "true", S("he%"), S("HELLO"));
  F("like", "true", S("%Lo"), S("helLO"));
  F("like", "false", S(""), S("a"));
  F("like", "true", S("%"), S(""));
  F("like", "false", S("a%a"), S("a"));
  F("like", "true", S("a%a"), S("aa"));
  F("like", "true", S("_\xc3\xa9_"), S("\xe2\x82\xac\xc3\xa9x"));
  F("like", "false", S("\xc3\x89"), S("\xc3\xa9"));
  F("like", "true", S("10\\%"), S("10%"), S("\\"));
  F("like", "false", S("10\\%"), S("100"), S("\\"));
  F("like", "true", S("a%%b"), S("a%b"), S("x")); /* no escape in it */
  F("like", "true", S("%%"), S("%"), S("%"));
  F("like", "false", S("ab\\"), S("ab\\"), S("\\"));
  F("like", "ERROR: the ESCAPE of a pattern must be a single character",
      S("a"), S("a"), S("ab"));
  F("like", "NULL", S("a"), N(TEXT));
  F("like", "true", S("%404%not found%"), S("GET /x 404 page Not Found!"));
  F("glob", "true", S("*.[ch]"), S("func.c"));
  F("glob", "false", S("*.[ch]"), S("func.C"));
  F("glob", "true", S("a?c*"), S("abcdef"));
  F("glob", "true", S("[^a-c]x"), S("dx"));
  F("glob", "false", S("[^a-c]x"), S("bx"));
  F("glob", "true", S("[]]"), S("]"));
  F("glob", "true", S("[a-]"), S("-"));
  F("glob", "false", S("[abc"), S("a"));
  F("glob", "true", S("[\xc3\xa0-\xc3\xbf]*"), S("\xc3\xa9t\xc3\xa9"));
  F("glob", "true", S("*b*"), S("abc"));
  F("glob", "false", S("abc"), S("ABC"));
}

/* ---- 3. Numbers --------------------------------------------------------- */

static void testRounding(void) {
  F("round", "3.0", R(2.5));
  F("round", "-3.0", R(-2.5));
  F("round", "0.0", R(0.49999999999999994));
  F("round", "2.68", R(2.675000001), I(2));
  F("round", "2.67", R(2.675), I(2)); /* the double is below the half */
  F("round", "0.28", R(0.285), I(2));
  F("round", "1.0", R(1.005), I(2));
  F("round", "1.13", R(1.125), I(2));
  F("round", "1200.0", R(1234.5), I(-2));
  F("round", "0.0", R(1234.5), I(-400));
  F("round", "1e+300", R(1e300), I(5));
  F("round", "5", I(5), I(3));
  F("round", "1300", I(1250), I(-2));
  F("round", "-1300", I(-1250), I(-2));
  F("round", "NULL", I(INT64_MAX), I(-1));
  F("round", "0", I(INT64_MAX), I(-40));
  F("trunc", "-2.0", R(-2.9));
  F("trunc", "0.28", R(0.289), I(2));
  F("trunc", "1200", I(1299), I(-2));
  F("ceil", "2.0", R(1.1));
  F("floor", "-2.0", R(-1.1));
}

static void testNumbers(void) {
  F("abs", "5", I(-5));
  F("abs", "5.5", R(-5.5));
  F("abs", "ERROR: abs: integer overflow", I(INT64_MIN));
  F("sign", "-1", I(-5));
  F("sign", "1", R(0.1));
  F("sqrt", "3.0", R(9));
  F("sqrt", "NULL", R(-1));
  F("exp", "1.0", R(0));
  F("ln", "NULL", R(0));
  F("log", "3.0", R(1000));
  F("log", "3.0", R(2), R(8));
  F("log", "NULL", R(1), R(8));
  F("log10", "NULL", R(-1));
  F("log2", "10.0", R(1024));
  F("pow", "1024.0", R(2), R(10));
  F("power", "NULL", R(-8), R(0.5));
  F("cos", "1.0", R(0));
  F("asin", "NULL", R(2));
  F("acos", "0.0", R(1));
  F("atan2", "0.0", R(0), R(1));
  F("cosh", "1.0", R(0));
  F("degrees", "180.0", R(3.14159265358979323846));
  F0("pi", "3.141592653589793");
  F("mod", "1", I(7), I(3));
  F("mod", "-1", I(-7), I(3));
  F("mod", "NULL", I(7), I(0));
  F("mod", "0", I(INT64_MIN), I(-1));
  F("mod", "1.5", R(7.5), R(3));
  F("mod", "NULL", R(7.5), R(0));
  F("histogram", "-10", I(-1), I(10));
  F("histogram", "20", I(29), I(10));
  F("histogram", "NULL", I(29), I(0));
  F("histogram", "NULL", I(INT64_MIN), I(10));
  F("bucket", "0.5", R(0.7), R(0.25));
  F("greatest", "3", I(1), I(3), I(2));
  F("least", "1.0", R(1), R(3), R(2));
  F("greatest", "b", S("a"), S("b"), S("ab"));
  F("least", "2015-05-17", D("2015-05-18"), D("2015-05-17"));
  F("greatest", "NULL", I(1), N(INTEGER));
  for (u32 k = 0; k < 2; k++) {
    const Func *f = snFuncFind(k ? "rand" : "random", k ? 4 : 6, 0);
    Vec out;
    bool good = f && f->flags & FUNC_IMPURE;
    testVecNew(&out, f->ret, VEC_FLAT);
    good = good && !f->fn(&test_ctx, NULL, 0, (Rows16){NULL, 9}, &out);
    for (u32 i = 0; k && i < 9; i++) {
      good = good && snKernReal(&out, i) >= 0 && snKernReal(&out, i) < 1;
    }
    good = good && ((i64 *)out.data)[0] != ((i64 *)out.data)[1];
    testOk(good, f->name);
    testVecFree(&out);
  }
}

/* ---- 4. Dates ----------------------------------------------------------- */

static void testDateRounding(void) {
  F("date_trunc", "2015-05-17 10:00:00", S("hour"), TS("2015-05-17 10:59:59"));
  F("date_trunc", "2015-05-01", S("month"), D("2015-05-17"));
  F("date_trunc", "2015-05-17", S("hour"), D("2015-05-17"));
  F("date_trunc", "ERROR: date_trunc: no such unit: \"hoor\"", S("hoor"),
      TS("2015-05-17"));
  F("date_trunc", "ERROR: date_trunc: this unit has no length", S("dow"),
      TS("2015-05-17"));
  F("time_bucket", "2015-05-17 10:15:00", IV("15 minutes"),
      TS("2015-05-17 10:29:59"));
  F("time_bucket", "2015-05-17 10:20:00", S("15m"), TS("2015-05-17 10:29:59"),
      TS("2015-05-17 00:05:00"));
  F("time_bucket", "2015-04-01 00:00:00", S("3 months"), D("2015-05-17"));
  F("time_bucket", "ERROR: not an interval: \"soon\"", S("soon"),
      TS("2015-05-17"));
  F("time_bucket", "ERROR: time_bucket: the width must be positive, and "
      "months or time, not both", S("1 month 1 day"), TS("2015-05-17"));
  F("last_day", "2016-02-29", D("2016-02-03"));
  F("last_day", "1965-12-31", TS("1965-12-31 23:59:59"));
}

static void testDateParts(void) {
  TestVal t = TS("2015-05-17 10:05:03.25");
  F("date_part", "10", S("hour"), t);
  F("date_part", "1431857103", S("epoch"), t);
  F("date_part", "17", S("day"), D("2015-05-17"));
  F("quarter", "2", t);
  F("month", "5", D("2015-05-17"));
  F("week", "20", t);
  F("dow", "0", t);
  F("dayofweek", "0", D("2015-05-17"));
  F("isodow", "7", t);
  F("doy", "137", t);
  F("minute", "5", t);
  F("second", "3", t);
  F("second", "0", D("2015-05-17"));
  F("epoch", "1431857103", t);
  F("epoch", "-1", TS("1969-12-31 23:59:59.5"));
  F("epoch_ms", "1431857103250", t);
  F("epoch_us", "1431857103250000", t);
  F("strftime", "2015/05/17 10h", S("%Y/%m/%d %Hh"), t);
  F("strftime", "", S(""), D("2015-05-17"));
}

static void testDateMaking(void) {
  F("date", "2015-05-17", TS("2015-05-17 10:05:03"));
  F("date", "1969-12-31", TS("1969-12-31 10:05:03"));
  F("date", "2015-05-17", S("2015-05-17 23:00:00"));
  F("date", "NULL", S("2015-15-17"));
  F("date", "2001-09-09", S("now"));
  F("timestamp", "2015-05-17 00:00:00", D("2015-05-17"));
  F("timestamp", "2015-05-17 10:00:00", S("2015-05-17T10:00:00Z"));
  F("to_timestamp", "2001-09-09 01:46:40", I(1000000000));
  F("to_timestamp", "NULL", I(INT64_MAX));
  F("to_timestamp", "1970-01-01 00:00:01.5", R(1.5));
  F("to_timestamp", "NULL", R(1e30));
  F("make_timestamp", "1970-01-01 00:00:00.000001", I(1));
  F("make_date", "2016-02-29", I(2016), I(2), I(29));
  F("make_date", "NULL", I(2015), I(2), I(29));
  F("make_date", "NULL", I(2015), I(13), I(1));
  F("make_date", "9999-12-31", I(9999), I(12), I(31));
  F("make_date", "1969-12-31", I(1969), I(12), I(31));
  F("make_date", "-9999-01-01", I(-9999), I(1), I(1));
  F0("now", "2001-09-09 01:46:40");
  F0("current_timestamp", "2001-09-09 01:46:40");
  F0("today", "2001-09-09");
  F0("current_date", "2001-09-09");
}

static void testDateSums(void) {
  F("date_diff", "1", S("year"), TS("2014-12-31"), TS("2015-01-01"));
  F("date_diff", "-13", S("month"), D("2015-05-17"), D("2014-04-30"));
  F("date_diff", "0", S("day"), TS("2015-05-17 00:00"),
      TS("2015-05-17 23:59"));
  F("date_diff", "1", S("week"), D("2015-05-17"), D("2015-05-18"));
  F("date_diff", "90", S("minute"), TS("2015-05-17 10:00"),
      TS("2015-05-17 11:30"));
  F("datediff", "2", S("quarter"), D("2014-12-31"), D("2015-04-01"));
  F("date_diff", "1", S("century"), D("2000-12-31"), D("2001-01-01"));
  F("date_diff", "NULL", S("microsecond"), testInt(TYPE_TIMESTAMP, INT64_MAX),
      testInt(TYPE_TIMESTAMP, INT64_MIN));
  F("date_diff", "ERROR: date_diff: this unit has no length", S("doy"),
      TS("2015-05-17"), TS("2015-05-17"));
  F("date_add", "2015-02-28 00:00:00", TS("2015-01-31"), IV("1 month"));
  F("date_add", "2015-02-01", D("2015-01-31"), I(1));
  F("date_add", "2015-01-31 02:00:00", D("2015-01-31"), S("2 hours"));
  F("date_sub", "2015-01-30 00:00:00", TS("2015-01-31"), S("1 day"));
  F("date_sub", "2015-01-30", D("2015-01-31"), I(1));
  F("date_sub", "NULL", testInt(TYPE_DATE, INT64_MIN), I(1));
}

/* ---- 5. The rest -------------------------------------------------------- */

static void testAny(void) {
  F("typeof", "text", S("a"));
  F("typeof", "null", N(INTEGER));
  F("typeof", "keyword[]", A(KEYWORD, "[\"a\"]"));
  F("typeof", "timestamp", TS("2015-05-17"));
  F("quote", "'it''s'", S("it's"));
  F("quote", "NULL", N(TEXT));
  F("quote", "X'00FF'", X("\x00\xff"));
  F("quote", "1.5", R(1.5));
  F("quote", "'2015-05-17'", D("2015-05-17"));
  F("hash", "NULL", I(1), N(TEXT));
}

static void testPrintf(void) {
  F("printf", "a 5 x 2.50 %", S("a %d %s %.2f %%"), I(5), S("x"), R(2.5));
  F("printf", "[   42][42   ][00042][+42]", S("[%5d][%-5d][%05d][%+d]"),
      I(42), I(42), I(42), I(42));
  F("printf", "-0042|ff|0XFF|17", S("%05d|%x|%#X|%o"), I(-42), I(255),
      I(255), I(15));
  F("printf", "-9223372036854775808", S("%i"), I(INT64_MIN));
  F("printf", "1,234,567|-1,234.50", S("%,d|%,.2f"), I(1234567), R(-1234.5));
  F("printf", "1.500000e+00|1.5|1.500000", S("%e|%g|%f"), R(1.5), R(1.5),
      R(1.5));
  F("printf", "it''s|'it''s'|NULL|", S("%q|%Q|%Q|%s"), S("it's"), S("it's"),
      N(TEXT), N(TEXT));
  F("printf", "0||0.0", S("%d|%s|%.1f"));
  F("printf", "\xc3\xa9|  \xc3\xa9|ab", S("%c|%3s|%.2s"),
      S("\xc3\xa9t"), S("\xc3\xa9"), S("abc"));
  F("printf", "   7|7   |", S("%*d|%*d|"), I(4), I(7), I(-4), I(7));
  F("printf", "inf  nan", S("%f %4f"), R(INFINITY), R(NAN));
  F("printf", "12|2015-05-17", S("%d|%s"), R(12.9), D("2015-05-17"));
  F("printf", "100%", S("100%"));
  F("format", "0005", S("%.4d"), I(5));
  F("printf", "NULL", N(TEXT));
  F("printf", "", S(""));
  F("printf", "ERROR: printf: no such conversion: %y", S("%y"), I(1));
}

static void testArrays(void) {
  F("array_length", "3", A(INTEGER, "[1,null,3]"));
  F("cardinality", "0", A(TEXT, "[]"));
  F("length", "1", A(TEXT, "[\"abc\"]"));
  F("array_contains", "true", A(INTEGER, "[1,2,3]"), I(2));
  F("array_contains", "true", A(INTEGER, "[1,2,3]"), R(2));
  F("array_contains", "true", A(REAL, "[1,2.5,3]"), R(2.5));
  F("array_contains", "true", A(INTEGER, "[1,2,3]"), S("2"));
  F("array_contains", "true", A(KEYWORD, "[\"a\",\"2\"]"), I(2));
  F("array_contains", "false", A(KEYWORD, "[\"a\",null]"), S("A"));
  F("array_contains", "true", A(IP, "[\"10.0.0.1\"]"), S("10.0.0.1"));
  F("array_contains", "true", A(IP, "[\"10.0.0.1\"]"), IP("10.0.0.1"));
  F("array_contains", "true", A(DATE, "[\"2015-05-17\"]"), D("2015-05-17"));
  F("array_to_string", "1, 3", A(INTEGER, "[1,null,3]"), S(", "));
  F("element_at", "b", A(TEXT, "[\"a\",\"b\"]"), I(2));
  F("element_at", "b", A(TEXT, "[\"a\",\"b\"]"), I(-1));
  F("element_at", "NULL", A(TEXT, "[\"a\",\"b\"]"), I(0));
  F("element_at", "NULL", A(TEXT, "[\"a\",\"b\"]"), I(INT64_MIN));
  F("element_at", "NULL", A(TEXT, "[\"a\",null]"), I(2));
  F("make_array", "[1,null,3]", I(1), N(INTEGER), I(3));
  F("make_array", "[1.0,2.5]", R(1), R(2.5));
  F("make_array", "[\"a\",\"b\"]", S("a"), S("b"));
  F("make_array", "[true,false]", B(1), B(0));
  F("make_array", "[\"10.0.0.1\"]", IP("10.0.0.1"));
  F0("make_array", "[]");
}

static void testPlaces(void) {
  F("ip_in", "true", IP("10.1.2.3"), S("10.0.0.0/8"));
  F("ip_in", "false", IP("11.1.2.3"), S("10.0.0.0/8"));
  F("ip_in", "true", IP("192.168.1.129"), S("192.168.1.130/25"));
  F("ip_in", "true", IP("10.1.2.3"), S("10.1.2.3"));
  F("ip_in", "true", IP("2001:db8::1"), S("2001:db8::/32"));
  F("ip_in", "false", IP("2001:db8::1"), S("0.0.0.0/0"));
  F("ip_prefix", "10.1.0.0", IP("10.1.2.3"), I(16));
  F("ip_prefix", "NULL", IP("10.1.2.3"), I(33));
  F("ip_prefix", "2001:db8::", IP("2001:db8::1"), I(33));
  F("family", "4", IP("10.1.2.3"));
  F("family", "6", IP("::1"));
  F("lat", "48.8566", G("48.8566,2.3522"));
  F("lon", "-2.3522", G("48.8566,-2.3522"));
  F("geo_point", "-48.5,2.25", R(-48.5), R(2.25));
  F("geo_point", "NULL", R(91), R(0));
  F("geo_point", "NULL", R(0), R(NAN));
  F("geo_distance", "0.0", G("48.8566,2.3522"), G("48.8566,2.3522"));
}

/* Paris to London, and half around the earth. */
static void testDistances(void) {
  const Func *f = snFuncFind("geo_distance", 12, 0);
  TestVal args[2] = {G("48.8566,2.3522"), G("51.5074,-0.1278")};
  Buf b;
  double d = 0;
  snBufInit(&b, NULL);
  testCall(f, args, 2, 0, false, &b);
  testOk(snNumReal(snBufText(&b), b.n, &d) && fabs(d - 343556.5) < 10,
      "Paris to London");
  args[0] = G("0,0");
  args[1] = G("0,180");
  testCall(f, args, 2, 3, true, &b);
  testOk(snNumReal(snBufText(&b), b.n, &d) && fabs(d - 20015114.44) < 1,
      "half around the earth");
  snBufClear(&b);
}

static void testJson(void) {
  F("json_valid", "true", S("{\"a\":[1]}"));
  F("json_valid", "false", S("{\"a\":[1}"));
  F("json_valid", "false", S(""));
  F("json_extract", "7", J("{\"x\":1,\"a\":{\"b\":[7,8]}}"), S("$.a.b[0]"));
  F("json_extract", "[7,8]", J("{\"a\":{\"b\":[7,8]}}"), S("$.a.b"));
  F("json_extract", "a\"b", S("{\"a.b\":\"a\\\"b\"}"), S("$.\"a.b\""));
  F("json_extract", "{\"k\":null}", J("[{},{\"k\":null}]"), S("$[1]"));
  F("json_extract", "NULL", J("[{},{\"k\":null}]"), S("$[1].k"));
  F("json_extract", "NULL", J("[1,2]"), S("$[2]"));
  F("json_extract", "NULL", J("[1,2]"), S("$.a"));
  F("json_extract", "NULL", J("{\"a\":"), S("$.a"));
  F("json_extract", "true", J("{\"a\":true}"), S("$.a"));
  F("json_extract", "5", J("5"), S("$"));
  F("json_extract", "ERROR: not a JSON path: \"a.b\"", J("{}"), S("a.b"));
  F("json_extract", "ERROR: not a JSON path: \"$.\"", J("{}"), S("$."));
  F("json_extract", "ERROR: not a JSON path: \"$[x\"", J("{}"), S("$[x"));
  F("json_extract", "ERROR: not a JSON path: \"$[-1]\"", J("{}"), S("$[-1]"));
}

/* ---- 6. CAST ------------------------------------------------------------ */

static void testCastOne(TestVal in, u8 to, Buf *b, bool flat) {
  Vec v, out;
  Rows16 rows = {NULL, 71};
  int rc;
  testVecNew(&v, in.type, flat ? VEC_FLAT : VEC_CONST);
  for (u32 i = 0; i < (flat ? TEST_ROWS : 1); i++) testVecSet(&v, i, &in);
  testVecNew(&out, to, VEC_FLAT);
  if (to == TYPE_BOOLEAN) memset(out.data, 0xff, 512);
  if (in.null) for (u32 i = 0; i < 71; i++) snKernNull(&out, i);
  rc = snCastVec(&test_ctx, &v, rows, &out);
  testShow(b, rc, &out, 70);
  testVecFree(&v);
  testVecFree(&out);
}

static void testCast(TestVal in, u8 to, const char *want) {
  char from[24], name[24], title[200];
  bool ok;
  Buf b;
  snBufInit(&b, NULL);
  testCastOne(in, to, &b, true);
  ok = !strcmp(want, snBufText(&b));
  if (ok) testCastOne(in, to, &b, false);
  ok = !strcmp(want, snBufText(&b));
  snprintf(title, sizeof title, "CAST %s to %s -> %s",
      snTypeName(in.type, from), snTypeName(to, name), want);
  testOk(ok, title);
  if (!ok) printf("# got %s\n", snBufText(&b));
  snBufClear(&b);
}

#define C(in, to, want) testCast(in, TYPE_##to, want)
#define CA(in, to, want) testCast(in, TYPE_ARRAY | TYPE_##to, want)

static void testCastNumbers(void) {
  C(S("12"), INTEGER, "12");
  C(S(" 12 "), INTEGER, "12");
  C(S("12.7"), INTEGER, "12");
  C(S("-12.7"), INTEGER, "-12");
  C(S("12x"), INTEGER, "NULL");
  C(S(""), INTEGER, "NULL");
  C(S("9223372036854775807"), INTEGER, "9223372036854775807");
  C(S("9223372036854775808"), INTEGER, "NULL");
  C(R(-1.9), INTEGER, "-1");
  C(R(9.3e18), INTEGER, "NULL");
  C(R(NAN), INTEGER, "NULL");
  C(R(-9223372036854775808.0), INTEGER, "-9223372036854775808");
  C(I(3), REAL, "3.0");
  C(S("1e3"), REAL, "1000.0");
  C(S("abc"), REAL, "NULL");
  C(N(INTEGER), REAL, "NULL");
  C(N(NULL), TEXT, "NULL");
  C(S("true"), BOOLEAN, "true");
  C(S("NO"), BOOLEAN, "false");
  C(S("2.5"), BOOLEAN, "true");
  C(S("maybe"), BOOLEAN, "NULL");
  C(I(0), BOOLEAN, "false");
  C(R(0.5), BOOLEAN, "true");
  C(B(1), INTEGER, "1");
  C(B(1), REAL, "1.0");
  C(B(0), TEXT, "false");
  C(I(5), TEXT, "5");
  C(R(5), KEYWORD, "5.0");
}

static void testCastTimes(void) {
  C(TS("1969-12-31 10:00:00"), DATE, "1969-12-31");
  C(D("2015-05-17"), TIMESTAMP, "2015-05-17 00:00:00");
  C(testInt(TYPE_DATE, INT64_MAX), TIMESTAMP, "NULL");
  C(TS("1970-01-02"), INTEGER, "86400000000");
  C(I(86400000000), TIMESTAMP, "1970-01-02 00:00:00");
  C(D("1970-01-11"), INTEGER, "10");
  C(I(10), DATE, "1970-01-11");
  C(D("1970-01-11"), REAL, "10.0");
  C(S("2015-05-17 10:00"), TIMESTAMP, "2015-05-17 10:00:00");
  C(S(" 2015-05-17 10:00 "), DATE, "2015-05-17");
  C(S("yesterday"), TIMESTAMP, "NULL");
  C(TS("2015-05-17"), TEXT, "2015-05-17 00:00:00");
  C(TS("2015-05-17"), BOOLEAN, "NULL");
  C(S("1 hour"), INTERVAL, "3600 seconds");
  C(S("soon"), INTERVAL, "NULL");
  C(IV("1 month"), TEXT, "1 month");
  C(IV("1 month"), INTEGER, "NULL");
}

static void testCastOthers(void) {
  C(S("10.0.0.1"), IP, "10.0.0.1");
  C(S("10.0.0"), IP, "NULL");
  C(IP("::1"), TEXT, "::1");
  C(IP("::1"), INTEGER, "NULL");
  C(S("48.5,2"), GEOPOINT, "48.5,2");
  C(G("48.5,2"), TEXT, "48.5,2");
  C(G("48.5,2"), INTEGER, "NULL");
  C(I(5), GEOPOINT, "NULL");
  C(S("{\"a\":1}"), JSON, "{\"a\":1}");
  C(S("{\"a\":"), JSON, "NULL");
  C(J("5"), INTEGER, "5");
  C(J("\"a\""), TEXT, "\"a\"");
  C(I(5), JSON, "5");
  C(R(INFINITY), JSON, "NULL");
  C(D("2015-05-17"), JSON, "\"2015-05-17\"");
  C(S("abc"), BLOB, "abc");
  C(X("abc"), TEXT, "abc");
  CA(I(5), INTEGER, "[5]");
  CA(I(5), TEXT, "[\"5\"]");
  CA(S("[1,2]"), INTEGER, "[1,2]");
  CA(S("abc"), KEYWORD, "[\"abc\"]");
  CA(S("abc"), INTEGER, "NULL");
  CA(A(INTEGER, "[1,null,3]"), REAL, "[1.0,null,3.0]");
  CA(A(TEXT, "[\"1\",\"x\"]"), INTEGER, "[1,null]");
  CA(A(TEXT, "[\"1\",\"x\"]"), KEYWORD, "[\"1\",\"x\"]");
  C(A(INTEGER, "[1,2]"), TEXT, "[1,2]");
  C(A(INTEGER, "[1,2]"), JSON, "[1,2]");
  C(A(INTEGER, "[1,2]"), INTEGER, "NULL");
}

/* Any type to any type, with values that are as odd as they may be. */
static void testCastAll(void) {
  static const u8 junk[16] = {0xff, 0, 0x80, 0xc3, '[', '"', 4, 0xff, 0xff};
  Buf b;
  snBufInit(&b, NULL);
  for (u32 from = 1; from < 2 * TYPE_COUNT; from++) {
    for (u32 to = 1; to < 2 * TYPE_COUNT; to++) {
      TestVal t = {0, false, {INT64_MIN, -1e308, {junk, 16, 0}}};
      u8 ta = (u8)(from < TYPE_COUNT ? from : from - TYPE_COUNT);
      u8 tb = (u8)(to < TYPE_COUNT ? to : to - TYPE_COUNT);
      if (ta == 0 || tb == 0) continue;
      t.type = (u8)(from < TYPE_COUNT ? ta : ta | TYPE_ARRAY);
      if (tb == TYPE_INTERVAL && to >= TYPE_COUNT) continue;
      testCastOne(t, (u8)(to < TYPE_COUNT ? tb : tb | TYPE_ARRAY), &b, true);
    }
  }
  testOk(true, "every pair of types");
  snBufClear(&b);
}

/* ---- 7. Bad bytes, no memory -------------------------------------------- */

static const u8 testJunk[] = {0xe2, 0x82, '%', 0xc3, '[', '$', '.', 0xff, 0,
    '*', 0x80, '"', '%', 'd', 0xf0, '9'};

/* An argument that the letter takes, of the k-th oddness. */
static TestVal testOdd(char letter, u32 k) {
  static const i64 ints[] = {INT64_MIN, INT64_MAX, -1, 0, 100};
  static const char letters[] = "birstdvpgjxakn*";
  static const u8 types[] = {TYPE_BOOLEAN, TYPE_INTEGER, TYPE_REAL, TYPE_TEXT,
      TYPE_TIMESTAMP, TYPE_DATE, TYPE_INTERVAL, TYPE_IP, TYPE_GEOPOINT,
      TYPE_JSON, TYPE_BLOB, TYPE_ARRAY | TYPE_TEXT, TYPE_KEYWORD, TYPE_REAL,
      TYPE_TEXT};
  const char *at = strchr(letters, letter);
  TestVal t = testInt(at ? types[at - letters] : TYPE_TEXT, ints[k % 5]);
  t.v.d = k % 5 == 4 ? (double)NAN : (double)ints[k % 5] * 1e300;
  t.v.s.n = k % 5 == 3 ? 0 : 16 - k % 3;
  t.v.s.p = t.v.s.n ? testJunk + k % 3 : NULL;
  if (letter == 'v' || letter == 'p') t.v.s = (Str){testJunk, 16, 0};
  return t;
}

static u32 testOddArgs(const Func *f, u32 k, TestVal *args) {
  u32 n = 0;
  char last = 0;
  for (const char *p = f->args; *p; p++) {
    if (*p == '+') {
      args[n] = testOdd(last, k + n);
      n++;
    } else if (*p != '?') {
      args[n] = testOdd(last = *p, k + n);
      n++;
    }
  }
  return n;
}

static void testOddities(void) {
  const Func *f;
  TestVal args[TEST_ARGS];
  u32 count = 0;
  Buf b;
  snBufInit(&b, NULL);
  for (u32 i = 0; (f = snFuncAt(i)) && f->fn; i++, count++) {
    for (u32 k = 0; k < 15; k++) {
      u32 n = testOddArgs(f, k, args);
      testCall(f, args, n, k & 1 ? ~0u : 0, false, &b);
    }
  }
  testOk(count > 200, "every function with bad bytes");
  testOk(!snFuncFind("lowe", 4, 0) && !snFuncFind("", 0, 0) &&
      !snFuncFind("length", 6, 3), "names that are none");
  snBufClear(&b);
}

/* Each function again and again with less and less memory. */
static void testMemory(void) {
  const Func *f;
  TestVal args[TEST_ARGS];
  bool good = true;
  Buf b;
  snBufInit(&b, NULL);
  for (u32 i = 0; (f = snFuncAt(i)) && f->fn; i++) { /* forms are last */
    for (i64 limit = 4096; limit > 0; limit = limit * 2 / 3 - 1) {
      u32 n = testOddArgs(f, 2, args);
      int rc;
      snArenaClear(&test_arena);
      snBufClear(&test_scratch);
      test_budget.limit = limit;
      rc = testCall(f, args, n, ~0u, false, &b);
      good = good && (!rc || rc == SEINE_ERROR || rc == SEINE_NOMEM ||
          rc == SEINE_TOOBIG);
    }
  }
  test_budget.limit = 0;
  testOk(good, "every function without memory");
  snBufClear(&b);
}

int main(void) {
  snArenaInit(&test_arena, &test_budget);
  snBufInit(&test_scratch, &test_budget);
  test_ctx.now_us = 1000000000000000;
  testLengths();
  testTrims();
  testPieces();
  testSearches();
  testBuilders();
  testLikes();
  testLikeRandom();
  testLikeSlow();
  testRounding();
  testNumbers();
  testDateRounding();
  testDateParts();
  testDateMaking();
  testDateSums();
  testAny();
  testPrintf();
  testArrays();
  testPlaces();
  testDistances();
  testJson();
  testCastNumbers();
  testCastTimes();
  testCastOthers();
  testCastAll();
  testOddities();
  testMemory();
  snArenaClear(&test_arena);
  snBufClear(&test_scratch);
  testOk(test_budget.used == 0, "no memory left behind");
  printf("1..%d\n", test_count);
  return test_failed != 0;
}
