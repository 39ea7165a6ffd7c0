/*
** agg_test: the aggregates, against plain loops over the rows of each group.
**   1. counts, sums, averages, least and largest
**   2. moments against two passes in wider floating point
**   3. order statistics and mode against sorting
**   4. lists, texts, first and last   5. DISTINCT
**   6. memory that ends, states used again
** Every aggregate is fed in batches of random size, over all rows or a list,
** with and without groups, flat and constant.
*/
#include "vm/vm.h"

#define TEST_ROWS 3000u

static int test_count, test_failed;
static u64 test_seed = 0x5eed5eed12345678ull;
static char test_error[256];

static void testOk(bool ok, const char *name) {
  printf("%sok %d - %s\n", ok ? "" : "not ", ++test_count, name);
  test_failed += !ok;
}

static u64 testRoll(void) {
  test_seed ^= test_seed << 13;
  test_seed ^= test_seed >> 7;
  test_seed ^= test_seed << 17;
  return test_seed * 0x9e3779b97f4a7c15ull;
}
static u32 testBelow(u32 n) { return (u32)((testRoll() >> 32) % n); }

static double testBits(u64 bits) {
  double d;
  memcpy(&d, &bits, 8);
  return d;
}
static bool testSame(double a, double b) {
  return isnan(a) ? isnan(b) : a == b;
}
static bool testNear(double a, double b, double rel) {
  if (isnan(a) || isnan(b)) return isnan(a) && isnan(b);
  return fabs(a - b) <= rel * fmax(fabs(a), fabs(b)) + 1e-300;
}

/* Doubles of several kinds. */
static double testReal(u32 kind) {
  i64 w = (i64)testRoll();
  switch (kind) {
    case 0: return (double)(w >> 40);                     /* whole */
    case 1: return (double)(w >> 44) / 100;               /* prices */
    case 2: return ldexp((double)w, (i32)testBelow(80) - 100);
    case 3: return ldexp((double)w, (i32)testBelow(1900) - 1137);
    case 4: return testBelow(2) ? 1e16 : -(double)testBelow(9) - 1e16;
    case 5: return testBits(testRoll() & 0x800fffffffffffffull);
    case 6: return testBelow(3) ? 0.0 : -0.0;
    default: return testReal(testBelow(7));
  }
}

static void testShuffle(double *v, u32 n) {
  for (u32 i = n; i > 1; i--) {
    u32 j = testBelow(i);
    double t = v[i - 1];
    v[i - 1] = v[j];
    v[j] = t;
  }
}

/* ---- Feeding aggregates ------------------------------------------------- */

typedef struct TestCol {
  u8 type;
  i64 i[TEST_ROWS];
  double d[TEST_ROWS];
  Str s[TEST_ROWS];
  bool null[TEST_ROWS];
} TestCol;

static TestCol test_col[3];
static u32 test_gid[TEST_ROWS];
static bool test_in[TEST_ROWS];  /* selected */
static u32 test_groups, test_rows;
static Arena test_arena;

static const AggFunc *testFunc(const char *name, const char *args) {
  const AggFunc *f;
  for (u32 k = 0; (f = snAggFind(name, strlen(name), k)) != NULL; k++) {
    if (!strcmp(f->args, args)) return f;
  }
  printf("# no %s(%s)\n", name, args);
  exit(1);
}

static void testVecRow(Vec *v, u32 to, const TestCol *c, u32 row) {
  u64 *bits = v->data;
  if (c->null[row]) snBitSet(v->nulls, to);
  if (c->type == TYPE_BOOLEAN) {
    if (c->i[row]) snBitSet(bits, to);
  } else if (snTypeForm(c->type) == FORM_INT) {
    ((i64 *)v->data)[to] = c->i[row];
  } else if (snTypeForm(c->type) == FORM_REAL) {
    ((double *)v->data)[to] = c->d[row];
  } else {
    ((Str *)v->data)[to] = c->s[row];
  }
}

static bool testColEqual(const TestCol *c, u32 from, u32 n) {
  for (u32 i = from; i < from + n; i++) {
    if (c->null[i] != c->null[from]) return false;
    if (c->i[i] != c->i[from] || memcmp(&c->d[i], &c->d[from], 8)) {
      return false;
    }
    if (c->s[i].p != c->s[from].p || c->s[i].n != c->s[from].n) return false;
  }
  return true;
}

/* Rows from .. from + n - 1 of the columns to a; CONST where all are equal. */
static int testFeedBatch(Agg *a, u32 narg, u32 from, u32 n) {
  static u64 data[3][SN_WINDOW * 2], nulls[3][SN_WORDS];
  static u32 gid[SN_WINDOW];
  static u16 list[SN_WINDOW];
  Vec v[3];
  Rows16 rows = {NULL, n};
  u32 k = 0;
  for (u32 j = 0; j < narg; j++) {
    bool same = testColEqual(&test_col[j], from, n);
    v[j] = (Vec){.type = test_col[j].type,
        .form = same ? VEC_CONST : VEC_FLAT, .data = data[j],
        .nulls = nulls[j]};
    memset(data[j], 0, SN_WORDS * 8);
    memset(nulls[j], 0, sizeof nulls[j]);
    for (u32 i = 0; i < n; i++) {
      if (!same || !i) testVecRow(&v[j], i, &test_col[j], from + i);
    }
    if (snBitsEmpty(nulls[j], SN_WORDS) && testBelow(2)) v[j].nulls = NULL;
  }
  for (u32 i = 0; i < n; i++) {
    gid[i] = test_gid[from + i];
    if (test_in[from + i]) list[k++] = (u16)i;
  }
  if (k < n) rows = (Rows16){list, k};
  return snAggUpdate(a, test_groups > 1 || testBelow(2) ? gid : NULL,
      test_groups, v, rows, test_error);
}

static int testFeed(Agg *a, u32 narg) {
  int rc = SEINE_OK;
  for (u32 at = 0; at < test_rows && !rc;) {
    u32 n = 1 + testBelow(testBelow(4) ? 900 : 5);
    n = SN_MIN(n, test_rows - at);
    rc = testFeedBatch(a, narg, at, n);
    at += n;
  }
  return rc;
}

/* The results of all groups; one more was never seen. */
static i64 test_out[SN_WINDOW * 2];
static u64 test_nulls[SN_WORDS];
static Vec test_vec;

static u8 testRet(const AggFunc *f) {
  if (f->ret == FUNC_SAME) return test_col[0].type;
  return f->ret == AGG_ARRAY ? test_col[0].type | TYPE_ARRAY : f->ret;
}

static int testRun(const AggFunc *f, bool distinct, Budget *b) {
  u8 types[3] = {test_col[0].type, test_col[1].type, test_col[2].type};
  u32 narg = 0;
  Agg *a;
  int rc;
  for (const char *p = f->args; *p; p++) narg += *p != '?' && *p != '+';
  rc = snAggOpen(b, f, types, narg, distinct, &a);
  if (!rc) rc = testFeed(a, narg);
  memset(test_out, 0x55, sizeof test_out);
  test_vec = (Vec){.type = testRet(f), .form = VEC_FLAT, .data = test_out,
      .null_buf = test_nulls};
  if (!rc) {
    rc = snAggFinal(a, 0, test_groups + 1, &test_arena, &test_vec);
    if (rc == SEINE_ERROR) {
      snprintf(test_error, sizeof test_error, "%s", snAggError(a));
    }
  }
  snAggClose(a);
  return rc;
}

/* Runs it and tells whether that went well. */
static bool testDo(const char *name, const char *args, bool distinct) {
  Budget b = {0};
  int rc = testRun(testFunc(name, args), distinct, &b);
  if (rc || b.used) printf("# %s: rc %d, %lld bytes\n", name, rc,
      (long long)b.used);
  return !rc && !b.used;
}

static bool testNull(u32 g) { return snVecNull(&test_vec, g); }
static double testD(u32 g) { return ((double *)test_vec.data)[g]; }
static i64 testI(u32 g) {
  if (test_vec.type == TYPE_BOOLEAN) return snBit(test_vec.data, g);
  return test_out[g];
}
static Str testS(u32 g) { return ((Str *)test_vec.data)[g]; }

static bool testStrIs(Str s, Str t) {
  return s.n == t.n && (!s.n || !memcmp(s.p, t.p, s.n));
}

/* Random rows: groups, selection, nulls. */
static void testShape(u32 rows, u32 groups) {
  u32 nulls = testBelow(3), holes = testBelow(3);
  test_rows = rows;
  test_groups = groups;
  for (u32 i = 0; i < rows; i++) {
    test_gid[i] = testBelow(groups);
    test_in[i] = !holes || testBelow(3);
    for (u32 j = 0; j < 3; j++) {
      test_col[j].null[i] = nulls && !testBelow(nulls * 3);
    }
  }
}

static void testFill(u32 j, u8 type, u32 kind) {
  static const char *words[] = {"", "a", "ab", "b", "hello", "z\xff", "aa"};
  TestCol *c = &test_col[j];
  c->type = type;
  for (u32 i = 0; i < test_rows; i++) {
    const char *w = words[testBelow(7)];
    c->i[i] = kind > 9 ? (i64)testRoll() >> testBelow(64)
        : (i64)testBelow(50) - 20;
    if (type == TYPE_BOOLEAN) c->i[i] = testBelow(2);
    c->d[i] = testReal(kind > 9 ? 7 : kind);
    c->s[i] = (Str){(const u8 *)w, (u32)strlen(w), 0};
    if (!c->s[i].n) c->s[i].p = NULL;
  }
}

/* Row i counts for group g. */
static bool testLive(u32 i, u32 g, u32 narg) {
  if (!test_in[i] || test_gid[i] != g) return false;
  for (u32 j = 0; j < narg; j++) {
    if (test_col[j].null[i]) return false;
  }
  return true;
}

static const u32 test_sizes[] = {1, 1, 2, 7, 300};

static void testEach(bool (*one)(void), u32 rounds, const char *name) {
  bool good = true;
  for (u32 r = 0; r < rounds && good; r++) {
    testShape(1 + testBelow(TEST_ROWS), test_sizes[r % 5]);
    good = one();
    snArenaClear(&test_arena);
  }
  testOk(good, name);
}

/* ---- 1. Counts and sums ------------------------------------------------- */

static bool testCount(void) {
  bool good = true;
  testFill(0, testBelow(2) ? TYPE_TEXT : TYPE_INTEGER, 0);
  for (u32 args = 0; args < 2; args++) {
    good = good && testDo("count", args ? "*" : "", false);
    for (u32 g = 0; g <= test_groups; g++) {
      i64 n = 0;
      for (u32 i = 0; i < test_rows; i++) n += testLive(i, g, args);
      good = good && testI(g) == n && !testNull(g);
    }
  }
  return good;
}

static bool testIntegers(void) {
  static const char *names[] = {"sum", "total", "avg", "bit_xor", "bit_and",
      "bit_or"};
  bool good = true;
  u32 which = testBelow(6);
  testFill(0, TYPE_INTEGER, which > 2 ? 10 : 0);
  if (which < 3) {
    for (u32 i = 0; i < test_rows; i++) {
      test_col[0].i[i] = (i64)testRoll() >> 13;
    }
  }
  good = testDo(names[which], "i", false);
  for (u32 g = 0; g <= test_groups; g++) {
    i128 sum = 0;
    i64 x = 0, and = -1, or = 0, n = 0;
    for (u32 i = 0; i < test_rows; i++) {
      if (!testLive(i, g, 1)) continue;
      sum += test_col[0].i[i];
      x ^= test_col[0].i[i];
      and &= test_col[0].i[i];
      or |= test_col[0].i[i];
      n++;
    }
    good = good && testNull(g) == (!n && which != 1);
    if (!n && which != 1) continue;
    switch (which) {
      case 0: good = good && testI(g) == (i64)sum; break;
      case 1: good = good && testD(g) == (double)sum; break;
      case 2: good = good && testD(g) == (double)sum / (double)n; break;
      case 3: good = good && testI(g) == x; break;
      case 4: good = good && testI(g) == and; break;
      default: good = good && testI(g) == or; break;
    }
  }
  return good;
}

/* ExactSum has a test of its own. */
static bool testReals(void) {
  static const char *names[] = {"sum", "total", "avg"};
  u32 which = testBelow(3);
  bool good;
  testFill(0, TYPE_REAL, testBelow(11));
  good = testDo(names[which], "r", false);
  for (u32 g = 0; g <= test_groups; g++) {
    u32 n = 0;
    double want;
    ExactSum s;
    snSumInit(&s, NULL);
    for (u32 i = 0; i < test_rows; i++) {
      if (!testLive(i, g, 1)) continue;
      n++;
      good = good && !snSumAdd(&s, test_col[0].d[i]);
    }
    good = good && testNull(g) == (!n && which != 1);
    want = snSumGet(&s);
    snSumClear(&s);
    if (which == 2) want /= n;
    if (n || which == 1) good = good && testSame(testD(g), want);
  }
  return good;
}

static bool testLeast(void) {
  static const u8 types[] = {TYPE_INTEGER, TYPE_REAL, TYPE_TEXT,
      TYPE_TIMESTAMP, TYPE_BOOLEAN};
  u8 type = types[testBelow(5)];
  bool max = testBelow(2) != 0, good;
  TestCol *c = &test_col[0];
  testFill(0, type, 10);
  if (testBelow(2)) c->d[testBelow(test_rows)] = max ? -HUGE_VAL : (double)NAN;
  good = testDo(max ? "max" : "min", "*", false);
  for (u32 g = 0; g <= test_groups; g++) {
    u32 best = ~0u;
    for (u32 i = 0; i < test_rows; i++) {
      bool less;
      if (!testLive(i, g, 1)) continue;
      if (best == ~0u) {
        best = i;
        continue;
      }
      if (type == TYPE_TEXT) {
        less = snStrCmp(c->s[i].p, c->s[i].n, c->s[best].p, c->s[best].n) < 0;
      } else if (type == TYPE_REAL) {
        less = c->d[i] < c->d[best] || (isnan(c->d[best]) && !isnan(c->d[i]));
      } else {
        less = c->i[i] < c->i[best];
      }
      if (less != max) best = i;
    }
    good = good && testNull(g) == (best == ~0u);
    if (best == ~0u) continue;
    if (type == TYPE_TEXT) good = good && testStrIs(testS(g), c->s[best]);
    else if (type == TYPE_REAL) good = good && testSame(testD(g), c->d[best]);
    else good = good && testI(g) == c->i[best];
  }
  return good;
}

static bool testBools(void) {
  bool good;
  i64 want[3];
  testFill(0, TYPE_BOOLEAN, 0);
  for (u32 which = 0; which < 4; which++) {
    static const char *names[] = {"every", "bool_or", "sum", "count_if"};
    good = testDo(names[which], "b", false);
    for (u32 g = 0; g <= test_groups; g++) {
      u32 n = 0;
      want[0] = 1, want[1] = want[2] = 0;
      for (u32 i = 0; i < test_rows; i++) {
        if (!testLive(i, g, 1)) continue;
        n++;
        want[0] &= test_col[0].i[i];
        want[1] |= test_col[0].i[i];
        want[2] += test_col[0].i[i];
      }
      good = good && testNull(g) == (!n && which < 3);
      if (n || which == 3) {
        good = good && testI(g) == want[SN_MIN(which, 2u)];
      }
    }
    if (!good) return false;
  }
  return true;
}

static void testIntOverflow(void) {
  Budget b = {0};
  bool good;
  testShape(3, 1);
  memset(test_col[0].null, 0, sizeof test_col[0].null);
  test_in[0] = test_in[1] = test_in[2] = true;
  testFill(0, TYPE_INTEGER, 0);
  test_col[0].i[0] = test_col[0].i[1] = INT64_MAX;
  test_col[0].i[2] = -INT64_MAX;
  good = testDo("sum", "i", false) && testI(0) == INT64_MAX;
  testOk(good, "sum(INTEGER): over the top and back");
  test_col[0].i[2] = 1;
  good = testRun(testFunc("sum", "i"), false, &b) == SEINE_ERROR;
  testOk(good && !strcmp(test_error, "integer overflow in sum()") && !b.used,
      "sum(INTEGER): overflow is an error");
  good = testDo("avg", "i", false) && testD(0) == ldexp(1, 64) / 3;
  testOk(good, "avg(INTEGER): no overflow");
  testFill(0, TYPE_REAL, 0);
  test_col[0].d[0] = test_col[0].d[1] = 1e308;
  good = testDo("sum", "r", false) && testD(0) == HUGE_VAL;
  test_col[0].d[0] = HUGE_VAL, test_col[0].d[1] = -HUGE_VAL;
  good = good && testDo("sum", "r", false) && isnan(testD(0));
  testOk(good, "sum(REAL): inf, and inf - inf");
}

/* ---- 2. Moments --------------------------------------------------------- */

#ifdef __SIZEOF_FLOAT128__
typedef __float128 TestWide;
#else
typedef long double TestWide;
#endif

static double testShapeRef(u32 which, const double *v, u32 n) {
  TestWide m = 0, q2 = 0, q3 = 0, q4 = 0, c = n;
  double var;
  for (u32 i = 0; i < n; i++) m += v[i];
  m /= c;
  for (u32 i = 0; i < n; i++) {
    TestWide x = v[i] - m;
    q2 += x * x;
    q3 += x * x * x;
    q4 += x * x * x * x;
  }
  var = (double)(q2 / c);
  switch (which) {
    case 0: return (double)(q2 / (c - 1));
    case 1: return var;
    case 2: return sqrt((double)(q2 / (c - 1)));
    case 3: return sqrt(var);
    case 4: return sqrt((double)(c * (c - 1))) / (double)(c - 2) *
        (double)(q3 / c / (q2 / c)) / sqrt(var);
    default: return (double)((c - 1) / ((c - 2) * (c - 3)) *
        ((c + 1) * (c * q4 / (q2 * q2) - 3) + 6));
  }
}

static bool testMoments(void) {
  static const char *names[] = {"variance", "var_pop", "stddev", "stddev_pop",
      "skewness", "kurtosis"};
  static const u32 least[] = {2, 1, 2, 1, 3, 4};
  static const u32 kinds[] = {0, 1, 2, 4};
  static double v[TEST_ROWS];
  u32 which = testBelow(6);
  double shift = testBelow(2) ? 1e9 : 0;
  bool good;
  testFill(0, TYPE_REAL, kinds[testBelow(4)]);
  for (u32 i = 0; i < test_rows; i++) test_col[0].d[i] += shift;
  good = testDo(names[which], "r", false);
  for (u32 g = 0; g <= test_groups && good; g++) {
    u32 n = 0, same = 1;
    double want;
    for (u32 i = 0; i < test_rows; i++) {
      if (testLive(i, g, 1)) v[n++] = test_col[0].d[i];
    }
    for (u32 i = 1; i < n; i++) same += v[i] == v[0];
    want = testShapeRef(which, v, n);
    if (n < least[which] || (which > 3 && same == n)) {
      good = testNull(g);
    } else if (testNull(g)) {
      good = false;
    } else if (fabs(want) > 1e-6 || which < 4) {
      good = testNear(testD(g), want, which > 3 ? 1e-9 : 1e-14);
    }
    if (!good) {
      printf("# %s of %u: %.17g, not %.17g\n", names[which], n, testD(g),
          want);
    }
  }
  return good;
}

static bool testPairs(void) {
  static const char *names[] = {"covar_pop", "covar_samp", "corr"};
  u32 which = testBelow(3);
  const double *x = test_col[0].d, *y = test_col[1].d;
  bool good;
  testFill(0, TYPE_REAL, testBelow(2));
  testFill(1, TYPE_REAL, testBelow(2));
  for (u32 i = 0; i < test_rows; i++) test_col[1].d[i] += x[i] / 3 + 1e7;
  good = testDo(names[which], "rr", false);
  for (u32 g = 0; g <= test_groups && good; g++) {
    TestWide mx = 0, my = 0, xy = 0, xx = 0, yy = 0, n = 0;
    double want;
    for (u32 i = 0; i < test_rows; i++) {
      if (!testLive(i, g, 2)) continue;
      n += 1, mx += x[i], my += y[i];
    }
    mx /= n, my /= n;
    for (u32 i = 0; i < test_rows; i++) {
      if (!testLive(i, g, 2)) continue;
      xy += (x[i] - mx) * (y[i] - my);
      xx += (x[i] - mx) * (x[i] - mx);
      yy += (y[i] - my) * (y[i] - my);
    }
    if (n < (which ? 2 : 1)) {
      good = testNull(g);
      continue;
    }
    want = (double)(which == 1 ? xy / (n - 1) : xy / n);
    if (which == 2) want = (double)xy / sqrt((double)xx) / sqrt((double)yy);
    good = !testNull(g) && testNear(testD(g), want, 1e-12);
  }
  return good;
}

/* Every permutation gives the same bits. */
static void testOrder(void) {
  static const char *names[] = {"sum", "avg", "variance", "stddev_pop",
      "skewness", "kurtosis"};
  double first[6] = {0};
  bool good = true;
  testShape(500, 1);
  testFill(0, TYPE_REAL, 2);
  memset(test_col[0].null, 0, sizeof test_col[0].null);
  for (u32 i = 0; i < 500; i++) {
    test_in[i] = true;
    if (i % 50 == 0) test_col[0].d[i] *= 1e30;
  }
  for (u32 round = 0; round < 20; round++) {
    for (u32 k = 0; k < 6; k++) {
      good = good && testDo(names[k], "r", false);
      if (!round) first[k] = testD(0);
      good = good && testD(0) == first[k];
    }
    testShuffle(test_col[0].d, 500);
  }
  testOk(good, "sums and moments do not depend on the order");
}

static void testVarEdge(void) {
  bool good;
  testShape(4, 1);
  testFill(0, TYPE_REAL, 0);
  for (u32 i = 0; i < 4; i++) {
    test_in[i] = true;
    test_col[0].null[i] = false;
    test_col[0].d[i] = i & 1 ? 10000000000000002.0 : 1e16;
  }
  good = testDo("var_pop", "r", false) && testD(0) == 1;
  for (u32 i = 0; i < 4; i++) test_col[0].d[i] = 0.1;
  good = good && testDo("var_pop", "r", false) && testD(0) == 0;
  good = good && testDo("stddev", "r", false) && testD(0) == 0;
  for (u32 i = 0; i < 4; i++) test_col[0].d[i] = 1e200;
  good = good && testDo("var_pop", "r", false) && isinf(testD(0));
  test_col[0].d[1] = (double)NAN;
  good = good && testDo("var_pop", "r", false) && isnan(testD(0));
  good = good && testDo("kurtosis", "r", false) && isnan(testD(0));
  good = good && testDo("product", "r", false) && isnan(testD(0));
  testOk(good, "variance: neighbours at 1e16, equal values, overflow, NaN");
}

/* ---- 3. Order statistics ------------------------------------------------ */

static int testCmpReal(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return x < y ? -1 : x > y;
}

static bool testQuantiles(void) {
  static const char *names[] = {"median", "quantile", "quantile_disc"};
  static double v[TEST_ROWS];
  u32 which = testBelow(3);
  double q = which ? testBelow(3) ? testBelow(101) / 100.0 : testBelow(2)
      : 0.5;
  bool good;
  testFill(0, TYPE_REAL, testBelow(4));
  if (testBelow(2)) {
    for (u32 i = 0; i < test_rows; i++) test_col[0].d[i] = testBelow(9);
  }
  testFill(1, TYPE_REAL, 0);
  for (u32 i = 0; i < test_rows; i++) {
    test_col[1].d[i] = q;
    test_col[1].i[i] = 0;
    test_col[1].s[i] = (Str){NULL, 0, 0};
    test_col[1].null[i] = false;
  }
  good = testDo(names[which], which ? "rr" : "r", false);
  for (u32 g = 0; g <= test_groups; g++) {
    u32 n = 0, k = 0;
    double want, at;
    for (u32 i = 0; i < test_rows; i++) {
      if (testLive(i, g, 1)) v[n++] = test_col[0].d[i];
    }
    good = good && testNull(g) == !n;
    if (!n) continue;
    qsort(v, n, sizeof *v, testCmpReal);
    if (which == 2) {
      while ((double)(k + 1) / n < q) k++;
      want = v[k];
    } else {
      at = q * (n - 1);
      k = (u32)at;
      want = v[k];
      if (at > k && v[k + 1] != v[k]) want += (v[k + 1] - v[k]) * (at - k);
    }
    good = good && testSame(testD(g), want);
  }
  return good;
}

static void testQuantileErrors(void) {
  Budget b = {0};
  bool good;
  testShape(10, 1);
  testFill(0, TYPE_REAL, 0);
  testFill(1, TYPE_REAL, 0);
  for (u32 i = 0; i < 10; i++) {
    test_in[i] = true;
    test_col[0].null[i] = test_col[1].null[i] = false;
    test_col[1].d[i] = 1.5;
  }
  good = testRun(testFunc("quantile", "rr"), false, &b) == SEINE_ERROR;
  for (u32 i = 0; i < 10; i++) test_col[1].d[i] = (double)NAN;
  good = good &&
      testRun(testFunc("quantile", "rr"), false, &b) == SEINE_ERROR;
  for (u32 i = 0; i < 10; i++) test_col[1].d[i] = i / 10.0;
  good = good &&
      testRun(testFunc("quantile", "rr"), false, &b) == SEINE_ERROR;
  testOk(good && !b.used, "quantile: the fraction is checked");
  for (u32 i = 0; i < 10; i++) {
    test_col[1].d[i] = 0.5;
    test_col[0].d[i] = i < 5 ? -HUGE_VAL : HUGE_VAL;
  }
  good = testDo("quantile_disc", "rr", false) && testD(0) == -HUGE_VAL;
  testOk(good, "quantile_disc: infinities");
}

static bool testMode(void) {
  static const u8 types[] = {TYPE_INTEGER, TYPE_TEXT, TYPE_BOOLEAN, TYPE_REAL};
  const TestCol *c = &test_col[0];
  u8 type = types[testBelow(4)];
  bool good;
  testFill(0, type, 0);
  if (type == TYPE_REAL) {
    for (u32 i = 0; i < test_rows; i++) test_col[0].d[i] = testBelow(20);
  }
  good = testDo("mode", "*", false);
  for (u32 g = 0; g <= test_groups; g++) {
    u32 best = 0, most = 0;
    for (u32 i = 0; i < test_rows; i++) {
      u32 n = 0;
      bool less;
      if (!testLive(i, g, 1)) continue;
      if (test_groups == 1 && i > 200) break; /* all are seen by then */
      for (u32 k = 0; k < test_rows; k++) {
        if (!testLive(k, g, 1)) continue;
        n += type == TYPE_TEXT ? testStrIs(c->s[i], c->s[k])
            : type == TYPE_REAL ? c->d[i] == c->d[k] : c->i[i] == c->i[k];
      }
      if (n < most) continue;
      less = type == TYPE_TEXT ? snStrCmp(c->s[i].p, c->s[i].n,
          c->s[best].p, c->s[best].n) < 0
          : type == TYPE_REAL ? c->d[i] < c->d[best] : c->i[i] < c->i[best];
      if (n > most || less) best = i;
      most = n;
    }
    good = good && testNull(g) == !most;
    if (!most) continue;
    good = good && (type == TYPE_TEXT ? testStrIs(testS(g), c->s[best])
        : type == TYPE_REAL ? testD(g) == c->d[best]
        : testI(g) == c->i[best]);
  }
  return good;
}

/* ---- 4. Lists ----------------------------------------------------------- */

static bool testPick(void) {
  static const char *names[] = {"any_value", "first", "last", "arg_max",
      "min_by"};
  u32 which = testBelow(5);
  bool good, text = testBelow(2) != 0;
  const TestCol *c = &test_col[0], *by = &test_col[1];
  testFill(0, text ? TYPE_TEXT : TYPE_REAL, 0);
  testFill(1, text ? TYPE_INTEGER : TYPE_TEXT, 0);
  good = testDo(names[which], which > 2 ? "**" : "*", false);
  for (u32 g = 0; g <= test_groups; g++) {
    u32 at = ~0u;
    bool null;
    for (u32 i = 0; i < test_rows; i++) {
      int cmp;
      if (!testLive(i, g, which == 0)) continue;
      if (which > 2 && by->null[i]) continue;
      if (at == ~0u || which == 2) {
        at = i;
        continue;
      }
      if (which < 2) continue;
      cmp = text ? (by->i[i] > by->i[at]) - (by->i[i] < by->i[at])
          : snStrCmp(by->s[i].p, by->s[i].n, by->s[at].p, by->s[at].n);
      if (which == 3 ? cmp > 0 : cmp < 0) at = i;
    }
    null = at == ~0u || c->null[at];
    good = good && testNull(g) == null;
    if (null) continue;
    good = good && (text ? testStrIs(testS(g), c->s[at])
        : testD(g) == c->d[at]);
  }
  return good;
}

static bool testTexts(void) {
  static const u8 types[] = {TYPE_INTEGER, TYPE_TEXT, TYPE_BOOLEAN, TYPE_DATE};
  const TestCol *c = &test_col[0];
  u8 type = types[testBelow(4)];
  const AggFunc *f = testFunc("string_agg", "*?s");
  Buf b;
  bool good;
  testFill(0, type, 0);
  testFill(1, TYPE_TEXT, 0);
  snBufInit(&b, NULL);
  good = testDo("string_agg", f->args, false);
  for (u32 g = 0; g <= test_groups; g++) {
    u32 n = 0;
    b.n = 0;
    for (u32 i = 0; i < test_rows; i++) {
      if (!testLive(i, g, 1)) continue;
      if (n++ && !test_col[1].null[i]) {
        snBufAdd(&b, test_col[1].s[i].p, test_col[1].s[i].n);
      }
      if (type == TYPE_TEXT) snBufAdd(&b, c->s[i].p, c->s[i].n);
      else snTypeIntText(&b, type, c->i[i]);
    }
    good = good && testNull(g) == !n;
    if (n) good = good && testStrIs(testS(g), (Str){b.data, (u32)b.n, 0});
  }
  snBufClear(&b);
  return good;
}

/* Is value i of column 0 equal to value k? */
static bool testTwin(u32 i, u32 k) {
  const TestCol *c = &test_col[0];
  if (snTypeForm(c->type) == FORM_STR) return testStrIs(c->s[i], c->s[k]);
  if (c->type == TYPE_REAL) return testSame(c->d[i], c->d[k]);
  return c->i[i] == c->i[k];
}

/* Has row i a value that its group had before? */
static bool testAgain(u32 i) {
  for (u32 k = 0; k < i; k++) {
    if (testLive(k, test_gid[i], 1) && testTwin(i, k)) return true;
  }
  return false;
}

static bool testCollect(void) {
  static const u8 types[] = {TYPE_INTEGER, TYPE_TEXT, TYPE_BOOLEAN, TYPE_REAL};
  bool set = testBelow(2) != 0, good;
  const TestCol *c = &test_col[0];
  testFill(0, types[testBelow(4)], 0);
  good = testDo(set ? "collect_set" : "array_agg", "*", false);
  for (u32 g = 0; g <= test_groups; g++) {
    ArrayIter it;
    ArrayItem x;
    u32 n = 0;
    if (!testNull(g)) snArrayOpen(&it, testS(g).p, testS(g).n);
    for (u32 i = 0; i < test_rows && good; i++) {
      if (!testLive(i, g, 1) || (set && testAgain(i))) continue;
      n++;
      if (testNull(g)) return false;
      good = snArrayNext(&it, &x) && !x.null && x.i == (c->type == TYPE_REAL
          || c->type == TYPE_TEXT ? 0 : c->i[i]);
      if (c->type == TYPE_REAL) good = good && x.d == c->d[i];
      if (c->type == TYPE_TEXT) {
        good = good && testStrIs((Str){x.p, x.n, 0}, c->s[i]);
      }
    }
    good = good && testNull(g) == !n && (!n || !snArrayNext(&it, &x));
  }
  return good;
}

/* ---- 5. DISTINCT -------------------------------------------------------- */

static bool testDistinct(void) {
  static const u8 types[] = {TYPE_INTEGER, TYPE_TEXT, TYPE_BOOLEAN, TYPE_REAL};
  u8 type = types[testBelow(4)];
  bool sum = testBelow(2) && type == TYPE_INTEGER, good;
  testFill(0, type, testBelow(2) ? 6 : 0);
  if (type == TYPE_REAL) {
    for (u32 i = 0; i < test_rows; i += 7) test_col[0].d[i] = (double)NAN;
  }
  test_rows = SN_MIN(test_rows, 800u);
  good = sum ? testDo("sum", "i", true) : testDo("count", "*", true);
  for (u32 g = 0; g <= test_groups; g++) {
    i64 n = 0, total = 0;
    for (u32 i = 0; i < test_rows; i++) {
      if (!testLive(i, g, 1) || testAgain(i)) continue;
      n++;
      total += test_col[0].i[i];
    }
    good = good && testNull(g) == (sum && !n);
    if (!testNull(g)) good = good && testI(g) == (sum ? total : n);
  }
  return good;
}

/* Groups that come while values are known already. */
static void testLateGroups(void) {
  static i64 v[] = {5, 5, 6, 7};
  static u32 gid[] = {0, 0, 1, 1};
  Vec arg = {.type = TYPE_INTEGER, .form = VEC_FLAT, .data = v};
  u8 type = TYPE_INTEGER;
  Rows16 rows = {NULL, 4};
  bool good = true;
  for (u32 mode = 0; mode < 2; mode++) {
    Budget b = {0};
    const AggFunc *f = testFunc(mode ? "mode" : "count", "*");
    Agg *a;
    good = good && !snAggOpen(&b, f, &type, 1, !mode, &a);
    for (u32 again = 0; again < 2; again++) {
      good = good && !snAggUpdate(a, NULL, 1, &arg, rows, test_error) &&
          !snAggUpdate(a, gid, 2, &arg, rows, test_error) &&
          !snAggUpdate(a, NULL, 2, &arg, rows, test_error);
      test_vec = (Vec){.type = TYPE_INTEGER, .data = test_out,
          .null_buf = test_nulls};
      good = good && !snAggFinal(a, 0, 3, &test_arena, &test_vec) &&
          testI(0) == (mode ? 5 : 3) && testI(1) == (mode ? 6 : 2) &&
          testNull(2) == (mode == 1);
      snAggReset(a);
    }
    snAggClose(a);
    good = good && !b.used;
  }
  testOk(good, "groups that come late; a state used again");
}

/* ---- 6. All of them ----------------------------------------------------- */

static u8 testLetter(char c) {
  switch (c) {
    case 'b': return TYPE_BOOLEAN;
    case 'i': return TYPE_INTEGER;
    case 'r': return TYPE_REAL;
    case 's': return TYPE_TEXT;
    case 't': return TYPE_TIMESTAMP;
    case 'd': return TYPE_DATE;
    default: return TYPE_KEYWORD;
  }
}

static void testMemory(void) {
  bool good = true, full = true;
  const AggFunc *f;
  Budget open = {.parent = NULL, .limit = 0};
  Buf shares;
  snBufInit(&shares, &open);
  snArrayBegin(&shares, TYPE_REAL, 1);
  snArrayReal(&shares, 0.25);
  testShape(900, 40);
  for (u32 k = 0; (f = snAggAt(k)) != NULL; k++) {
    u32 j = 0;
    int rc = SEINE_NOMEM;
    for (const char *p = f->args; *p; p++) {
      if (*p != '?') testFill(j++, testLetter(*p), 10);
    }
    for (u32 i = 0; i < 900 && strrchr(f->args, 'r') == f->args + 1; i++) {
      test_col[1].d[i] = 0.25;
    }
    for (u32 i = 0; i < 900; i++) test_col[0].i[i] >>= 16;
    if (strchr(f->args, 'a')) { /* an array of what is asked for */
      test_col[1].type = TYPE_ARRAY | TYPE_REAL;
      for (u32 i = 0; i < 900; i++)
        test_col[1].s[i] = (Str){shares.data, (u32)shares.n, 0};
    }
    for (i64 limit = 1; rc == SEINE_NOMEM; limit += limit / 20 + 40) {
      Budget b = {.limit = limit};
      rc = testRun(f, k & 1, &b);
      good = good && !b.used;
      snArenaClear(&test_arena);
    }
    if (rc) printf("# %s: rc %d %s\n", f->name, rc, test_error);
    full = full && !rc;
  }
  snBufClear(&shares);
  testOk(good, "want of memory leaves nothing behind");
  testOk(full, "every aggregate runs when there is enough");
}

static void testNullArgument(void) {
  bool good = true;
  const AggFunc *f;
  Vec args[3];
  u8 types[3] = {TYPE_NULL, TYPE_NULL, TYPE_NULL};
  u64 null = 1, zero[2] = {0, 0};
  for (u32 j = 0; j < 3; j++) {
    args[j] = (Vec){.type = TYPE_NULL, .form = VEC_CONST, .data = zero,
        .nulls = &null};
  }
  for (u32 k = 0; (f = snAggAt(k)) != NULL; k++) {
    u32 n = 0;
    Agg *a = NULL;
    bool zeros = strstr(f->name, "count") || !strcmp(f->name, "total") ||
        strstr(f->name, "json") || /* [] and {}, as in SQLite */
        !strcmp(f->name, "collect_all");
    for (const char *p = f->args; *p; p++) n += *p != '?';
    good = good && !snAggOpen(NULL, f, types, n, false, &a) &&
        !snAggUpdate(a, NULL, 1, args, (Rows16){NULL, 9}, test_error);
    test_vec = (Vec){.type = TYPE_INTEGER, .data = test_out,
        .null_buf = test_nulls};
    good = good && !snAggFinal(a, 0, 1, &test_arena, &test_vec) &&
        testNull(0) == !zeros;
    snAggClose(a);
  }
  testOk(good, "NULL itself as the argument");
}

int main(void) {
  snArenaInit(&test_arena, NULL);
  testEach(testCount, 60, "count");
  testEach(testIntegers, 120, "sum, total, avg, bits of INTEGER");
  testEach(testReals, 120, "sum, total, avg of REAL");
  testEach(testLeast, 120, "min, max");
  testEach(testBools, 40, "booleans");
  testIntOverflow();
  testEach(testMoments, 150, "variance, skewness, kurtosis");
  testEach(testPairs, 60, "covariance, correlation");
  testOrder();
  testVarEdge();
  testEach(testQuantiles, 150, "median, quantiles");
  testQuantileErrors();
  testEach(testMode, 25, "mode");
  testEach(testPick, 150, "first, last, any, arg_max, arg_min");
  testEach(testTexts, 100, "string_agg");
  testEach(testCollect, 40, "array_agg, collect_set");
  testEach(testDistinct, 100, "DISTINCT");
  testLateGroups();
  testMemory();
  testNullArgument();
  snArenaClear(&test_arena);
  printf("1..%d\n", test_count);
  return test_failed != 0;
}
