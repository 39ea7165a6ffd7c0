/*
** sum_test: ExactSum against whole numbers of 2,500 bits, which strtod
** rounds; any order, values taken out, sums merged; infinities and NaN;
** carries.
*/
#include "vm/vm.h"

static int test_count, test_failed;
static u64 test_seed = 0x5eed5eed12345678ull;

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

/* The sum as a whole number of units of 2^-1100, rounded by strtod. */
static double testSumRef(const double *v, u32 n) {
  static u32 big[2][80]; /* sums of positive and of negative values */
  char text[80 * 8 + 32];
  u32 *x = big[0], *y = big[1], at;
  bool minus = false;
  i64 borrow = 0;
  memset(big, 0, sizeof big);
  for (u32 i = 0; i < n; i++) {
    int e;
    u64 m = (u64)ldexp(frexp(fabs(v[i]), &e), 53), carry = 0;
    u32 pos = (u32)(e - 53 + 1200), *d = big[v[i] < 0];
    unsigned __int128 w = (unsigned __int128)m << (pos & 31);
    if (!m) continue;
    for (u32 k = pos / 32; k < 80; k++, w >>= 32) {
      carry += d[k] + (u64)(u32)w;
      d[k] = (u32)carry;
      carry >>= 32;
    }
  }
  for (u32 k = 80; k--;) {
    if (x[k] == y[k]) continue;
    minus = x[k] < y[k];
    break;
  }
  if (minus) x = big[1], y = big[0];
  for (u32 k = 0; k < 80; k++) {
    borrow += (i64)x[k] - (i64)y[k];
    x[k] = (u32)borrow;
    borrow >>= 32;
  }
  at = (u32)snprintf(text, sizeof text, "%s0x", minus ? "-" : "");
  for (u32 k = 80; k--;) {
    at += (u32)snprintf(text + at, sizeof text - at, "%08x", x[k]);
  }
  snprintf(text + at, sizeof text - at, "p-1200");
  return strtod(text, NULL);
}

static void testSumRandom(void) {
  static double v[600];
  Budget b = {0};
  bool good = true, moved = true, sub = true, merged = true;
  for (u32 round = 0; round < 600; round++) {
    u32 n = 1 + testBelow(round % 10 ? 20 : 600), kind = testBelow(8);
    double want;
    ExactSum s, t, u;
    snSumInit(&s, &b);
    snSumInit(&t, &b);
    for (u32 i = 0; i < n; i++) {
      v[i] = i && !testBelow(4) ? -v[testBelow(i)] : testReal(kind);
    }
    want = testSumRef(v, n);
    for (u32 i = 0; i < n; i++) good = good && !snSumAdd(&s, v[i]);
    good = good && testSame(snSumGet(&s), want);
    testShuffle(v, n);
    for (u32 i = 0; i < n; i++) {
      moved = moved && !snSumAdd(&t, v[i]);
      u = t;
      t = u;
    }
    moved = moved && testSame(snSumGet(&t), want);
    for (u32 i = 0; i < n / 2; i++) sub = sub && !snSumSub(&t, v[i]);
    sub = sub && testSame(snSumGet(&t), testSumRef(v + n / 2, n - n / 2));
    snSumClear(&s);
    for (u32 i = 0; i < n / 2; i++) snSumAdd(&s, v[i]);
    merged = merged && !snSumMerge(&s, &t) && testSame(snSumGet(&s), want);
    for (u32 i = 0; i < 50; i++) { /* to and fro */
      snSumMerge(&s, &t);
      snSumMerge(&t, &s);
    }
    snSumClear(&s);
    snSumClear(&t);
  }
  testOk(good, "sum: as big integers");
  testOk(moved, "sum: any order, moved in memory");
  testOk(sub, "sum: values taken out");
  testOk(merged, "sum: merged");
  testOk(!b.used, "sum: all memory given back");
}

static void testSumSpecial(void) {
  ExactSum s, t;
  double inf = HUGE_VAL, big = 1.7976931348623157e308;
  bool good;
  snSumInit(&s, NULL);
  snSumInit(&t, NULL);
  good = snSumGet(&s) == 0 && !signbit(snSumGet(&s));
  snSumAdd(&s, -0.0);
  testOk(good && !signbit(snSumGet(&s)), "sum: of nothing, of -0");
  snSumAdd(&s, inf);
  good = snSumGet(&s) == inf;
  snSumAdd(&s, -inf);
  good = good && isnan(snSumGet(&s));
  snSumSub(&s, inf);
  good = good && snSumGet(&s) == -inf;
  snSumSub(&s, -inf);
  snSumAdd(&s, (double)NAN);
  good = good && isnan(snSumGet(&s));
  snSumMerge(&t, &s);
  good = good && isnan(snSumGet(&t));
  snSumSub(&s, (double)NAN);
  snSumAdd(&s, 5);
  testOk(good && snSumGet(&s) == 5, "sum: inf, -inf, NaN come and go");
  snSumClear(&s);
  for (u32 i = 0; i < 1000; i++) snSumAdd(&s, big);
  good = snSumGet(&s) == inf;
  for (u32 i = 0; i < 2000; i++) snSumSub(&s, big);
  good = good && snSumGet(&s) == -inf;
  for (u32 i = 0; i < 1001; i++) snSumAdd(&s, big);
  testOk(good && snSumGet(&s) == big, "sum: over the largest and back");
  snSumClear(&s);
  snSumAdd(&s, 1.0);
  for (u32 i = 0; i < 70; i++) snSumMerge(&s, &s); /* doubles it */
  testOk(snSumGet(&s) == ldexp(1, 70), "sum: doubled 70 times");
  s.pending = (1u << 28) - 1; /* carries are settled on the way */
  for (u32 i = 0; i < 5; i++) snSumAdd(&s, ldexp(-1, 68));
  testOk(snSumGet(&s) == -ldexp(1, 68) && s.pending < 9, "sum: settles");
  snSumClear(&s);
  snSumClear(&t);
}

int main(void) {
  testSumRandom();
  testSumSpecial();
  printf("1..%d\n", test_count);
  return test_failed != 0;
}
