/*
** col_test: columns written by ColWriter and read by window, by filter and
** value by value, compared with the arrays they were written from.
**   1. each codec, chosen by data made for it, read from the directory
**   2. widths of 0 to 64 bits; the limits of 64-bit numbers
**   3. windows of 1 to 4,096 values and columns of several; patterns of NULL
**      whose places hold anything
**   4. doubles: decimals, -0.0, NaN, infinities, denormals; bit by bit
**   5. codes of a dictionary; counts of arrays
*/
#include "index/part.h"

#define COLT_MAX (3 * SN_WINDOW)

typedef struct ColCase {
  u32 n;
  bool real;
  i64 v[COLT_MAX];            /* numbers, or the bits of doubles */
  u64 nulls[3 * SN_WORDS];    /* of the column */
  bool any;
  u8 codec[3], param[3];      /* as written, by window */
} ColCase;
static ColCase col_case; /* too large for a stack */

static ColCase *colNewCase(u32 n, bool real) {
  memset(&col_case, 0, sizeof col_case);
  col_case.n = n;
  col_case.real = real;
  return &col_case;
}

static double colDouble(i64 bits) {
  double d;
  memcpy(&d, &bits, 8);
  return d;
}

static i64 colBits(double d) {
  i64 bits;
  memcpy(&bits, &d, 8);
  return bits;
}

static bool colNull(const ColCase *c, u32 i) {
  return c->any && snBit(c->nulls, i);
}

static bool colWrite(ColCase *c, Part *p) {
  ColWriter w;
  Buf b;
  snBufInit(&b, &test_budget);
  partInit(p);
  snColWriteInit(&w, &test_budget, c->real ? TYPE_REAL : TYPE_INTEGER,
      c->real);
  for (u32 at = 0; at < c->n; at += SN_WINDOW) {
    u32 n = SN_MIN(c->n - at, SN_WINDOW);
    const u64 *nulls = c->any ? c->nulls + at / 64 : NULL;
    if (c->real) {
      double d[SN_WINDOW];
      memcpy(d, c->v + at, n * 8);
      snColWriteReals(&w, d, nulls, n);
    } else {
      snColWriteInts(&w, c->v + at, nulls, n);
    }
  }
  snColWriteEnd(&w, &b);
  for (u32 i = 0; !b.rc && i * SN_WINDOW < c->n; i++) {
    c->codec[i] = b.data[COL_HEAD + i * COL_ENTRY + 22];
    c->param[i] = b.data[COL_HEAD + i * COL_ENTRY + 23];
  }
  snSegWriteBuf(&p->w, c->real ? SEC_REALS : SEC_INTS, 6, &b);
  snColWriteFree(&w);
  snBufClear(&b);
  return partOpen(p, c->n);
}

/* ---- reading ------------------------------------------------------------ */

static bool colZone(const ColCase *c, ColReader *r, u32 w) {
  Zone z;
  u32 at = w * SN_WINDOW, n = SN_MIN(c->n - at, SN_WINDOW), nulls = 0;
  i64 min = INT64_MAX, max = INT64_MIN;
  double rmin = INFINITY, rmax = -INFINITY;
  bool nan = false;
  for (u32 i = at; i < at + n; i++) {
    if (colNull(c, i)) {
      nulls++;
      continue;
    }
    double d = colDouble(c->v[i]);
    min = SN_MIN(min, c->v[i]);
    max = SN_MAX(max, c->v[i]);
    nan |= isnan(d);
    if (d < rmin) rmin = d;
    if (d > rmax) rmax = d;
  }
  bool some = snColZone(r, w, &z);
  if (some != (nulls < n) || z.nulls != nulls || z.n != n)
    return testNo("zone", z.nulls, nulls);
  if (!some) return true;
  if (!c->real) return (z.min == min && z.max == max) || testNo("min", w, n);
  if (nan) rmin = -INFINITY, rmax = INFINITY; /* then nothing is known */
  return (z.rmin == rmin && z.rmax == rmax) || testNo("rmin", w, n);
}

static bool colWindow(const ColCase *c, ColReader *r, u32 w) {
  i64 v[SN_WINDOW];
  u64 nulls[SN_WORDS];
  bool any, some = false;
  u32 at = w * SN_WINDOW, n = SN_MIN(c->n - at, SN_WINDOW);
  memset(nulls, 0xa5, sizeof nulls);
  int rc = snColWindow(r, w, v, nulls, &any);
  if (rc) return testNo("window", w, (u64)rc);
  for (u32 i = 0; i < n; i++) {
    bool null = colNull(c, at + i);
    some |= null;
    if (snBit(nulls, i) != null) return testNo("null", at + i, null);
    if (!null && v[i] != c->v[at + i])
      return testNo("value", at + i, (u64)v[i]);
  }
  for (u32 i = n; i < SN_WINDOW; i++)
    if (snBit(nulls, i)) return testNo("null behind the end", i, n);
  return any == some || testNo("any", any, some);
}

/* Some rows of a window, alone and in crowds. */
static bool colSome(const ColCase *c, ColReader *r, u32 w) {
  i64 v[SN_WINDOW];
  u64 nulls[SN_WORDS], want[SN_WORDS] = {0};
  bool any;
  u32 at = w * SN_WINDOW, n = SN_MIN(c->n - at, SN_WINDOW);
  for (u32 k = testRandom(4); k-- > 0;) want[testRandom(SN_WORDS)] = ~0ull;
  for (u32 k = testRandom(9); k-- > 0;) snBitSet(want, testRandom(SN_WINDOW));
  memset(v, 0x5a, sizeof v);
  int rc = snColSome(r, w, want, v, nulls, &any);
  if (rc) return testNo("some", w, (u64)rc);
  for (u32 i = 0; i < n; i++) {
    bool same = v[i] == c->v[at + i];
    if (snBit(nulls, i) != colNull(c, at + i))
      return testNo("some null", at + i, v[i]);
    if (!same && !snBit(nulls, i) && (snBit(want, i) || v[i]))
      return testNo("some value", at + i, (u64)v[i]);
  }
  return true;
}

static bool colIn(const ColCase *c, u32 i, i64 lo, i64 hi) {
  if (colNull(c, i)) return false;
  double x = colDouble(c->v[i]);
  return c->real ? colDouble(lo) <= x && x <= colDouble(hi)
                 : lo <= c->v[i] && c->v[i] <= hi;
}

/* lo and hi: numbers, or the bits of doubles. */
static bool colFilterOne(const ColCase *c, ColReader *r, u32 w, i64 lo,
    i64 hi) {
  u64 bits[SN_WORDS], old[SN_WORDS];
  u32 at = w * SN_WINDOW, n = SN_MIN(c->n - at, SN_WINDOW);
  bool full = testRandom(2);
  for (u32 i = 0; i < SN_WORDS; i++)
    bits[i] = old[i] = full ? UINT64_MAX : testChance();
  int rc = c->real ? snColFilterReal(r, w, colDouble(lo), colDouble(hi), bits)
                   : snColFilter(r, w, lo, hi, bits);
  if (rc) return testNo("filter", w, (u64)rc);
  for (u32 i = 0; i < n; i++) {
    bool in = snBit(old, i) && colIn(c, at + i, lo, hi);
    if (snBit(bits, i) != in) {
      printf("# %lld (%.17g) in [%lld, %lld] ([%.17g, %.17g])\n",
          (long long)c->v[at + i], colDouble(c->v[at + i]), (long long)lo,
          (long long)hi, colDouble(lo), colDouble(hi));
      return testNo("filtered", at + i, in);
    }
  }
  return true;
}

/* Bounds at values and next to them, and where there is nothing between. */
static bool colRealFilters(const ColCase *c, ColReader *r, u32 w) {
  u32 at = w * SN_WINDOW, n = SN_MIN(c->n - at, SN_WINDOW);
  double b[24] = {-INFINITY, INFINITY, NAN, -0.0, 0.01};
  u32 k = 5;
  for (u32 i = 0; i < 4; i++) b[k++] = colDouble(c->v[at + testRandom(n)]);
  for (u32 i = 4, end = k; i < end; i++) {
    b[k++] = nextafter(b[i], -INFINITY);
    b[k++] = nextafter(b[i], INFINITY);
  }
  for (u32 i = 0; i < k; i++)
    for (u32 j = 0; j < k; j++)
      if (!colFilterOne(c, r, w, colBits(b[i]), colBits(b[j]))) return false;
  return true;
}

/* Bounds at, before and behind values, and at both ends of numbers. */
static bool colFilters(const ColCase *c, ColReader *r, u32 w) {
  u32 at = w * SN_WINDOW, n = SN_MIN(c->n - at, SN_WINDOW);
  i64 b[20] = {INT64_MIN, INT64_MAX, 0, -1, 1};
  u32 k = 5;
  i64 min = c->v[at], max = c->v[at];
  for (u32 i = 1; i < n; i++) {
    min = SN_MIN(min, c->v[at + i]);
    max = SN_MAX(max, c->v[at + i]);
  }
  b[k++] = min;
  b[k++] = max;
  b[k++] = c->v[at + testRandom(n)];
  for (u32 i = 5, end = k; i < end; i++) {
    if (b[i] > INT64_MIN) b[k++] = b[i] - 1;
    if (b[i] < INT64_MAX) b[k++] = b[i] + 1;
  }
  for (u32 i = 0; i < k; i++)
    for (u32 j = 0; j < k; j++)
      if (!colFilterOne(c, r, w, b[i], b[j])) return false;
  return true;
}

static bool colGatherSome(const ColCase *c, ColReader *r, u32 *docs, u32 n) {
  i64 v[300];
  u64 nulls[5] = {0};
  int rc = snColGather(r, docs, n, v, nulls);
  if (rc) return testNo("gather", (u64)rc, 0);
  for (u32 i = 0; i < n; i++) {
    if (snBit(nulls, i) != colNull(c, docs[i])) return testNo("null", i, 0);
    if (!snBit(nulls, i) && v[i] != c->v[docs[i]])
      return testNo("gathered", docs[i], i);
  }
  docs[n - 1] = c->n;
  return snColGather(r, docs, n, v, nulls) == SEINE_CORRUPT;
}

/* Few documents are picked out of their windows, many decode them: so the few
** come first, all over the column or close together. */
static bool colGather(const ColCase *c, ColReader *r) {
  u32 docs[300];
  for (u32 round = 0; round < 20; round++) {
    u32 n = 1 + testRandom(40), from = testRandom(c->n);
    for (u32 i = 0; i < n; i++)
      docs[i] = round & 1 ? testRandom(c->n) : SN_MIN(from + i, c->n - 1);
    if (!colGatherSome(c, r, docs, n)) return false;
  }
  for (u32 i = 0; i < 300; i++) docs[i] = testRandom(c->n);
  docs[0] = c->n - 1;
  docs[1] = docs[2] = 0;
  return colGatherSome(c, r, docs, 300);
}

static bool colRun(ColCase *c, bool filters) {
  Part p;
  ColReader *r = NULL;
  bool good = colWrite(c, &p) &&
      !snColOpen(p.g, 6, c->real ? TYPE_REAL : TYPE_INTEGER, &r) &&
      snColKind(r) == (c->real ? COL_REAL : COL_INT) && !snColIsArray(r);
  u32 nwin = (c->n + SN_WINDOW - 1) / SN_WINDOW;
  for (u32 w = nwin; good && w-- > 0;) {
    good = colZone(c, r, w) && colWindow(c, r, w) && colSome(c, r, w);
    if (good && filters) good = (c->real ? colRealFilters : colFilters)(c, r, w);
  }
  good = good && colGather(c, r);
  if (good) {
    Zone z;
    good = !snColZone(r, nwin, &z) &&
        snColWindow(r, nwin, c->v, c->nulls, &c->any) == SEINE_CORRUPT;
  }
  partClose(&p);
  return good;
}

/* ---- 1 ------------------------------------------------------------------ */

static i64 colSame(u32 i) { return (void)i, -77; }
static i64 colLeast(u32 i) { return (void)i, INT64_MIN; }
static i64 colChance(u32 i) { return (void)i, testRandom(1u << 20); }
static i64 colBelow0(u32 i) { return (void)i, -(i64)testRandom(1u << 20); }
static i64 colRising(u32 i) {
  return INT64_MAX - 20000000000 + (i64)i * 1000003 + testRandom(8);
}
static i64 colFalling(u32 i) { return 5000 - (i64)i * 70001 - testRandom(8); }
static i64 colDays(u32 i) {
  return (void)i, (testRandom(1u << 20) - 500000ll) * 86400000000ll;
}
static i64 colHalf(u32 i) { /* the divisor is 2^62 */
  return ((i64)(i * 2654435761u >> 30) - 2) * ((i64)1 << 62);
}
static i64 colFew(u32 i) {
  static const i64 v[] = {INT64_MIN, -3, 0, 1ll << 40, INT64_MAX};
  return v[i * 2654435761u % SN_COUNT(v)];
}
static i64 col256(u32 i) { /* 256 values in the end, ever more of them */
  u32 k = testRandom(SN_MIN(i / 8 + 1, 256u));
  return (i64)(k * 0x9e3779b97f4a7c15ull);
}
static i64 colRuns(u32 i) {
  return (i64)((i / 500 + 1) * 0x9e3779b97f4a7c15ull);
}
static i64 colEnds(u32 i) { return i % 2 ? INT64_MAX : INT64_MIN; }
static i64 colAny(u32 i) { return (void)i, (i64)testChance(); }

static const struct {
  const char *name;
  i64 (*make)(u32);
  u32 codec; /* of a whole window */
} col_codecs[] = {
  {"one value", colSame, COL_CONST}, {"the least", colLeast, COL_CONST},
  {"20 bits", colChance, COL_FOR}, {"20 bits below 0", colBelow0, COL_FOR},
  {"64 bits", colAny, COL_FOR}, {"rising to the most", colRising, COL_DELTA},
  {"falling", colFalling, COL_DELTA}, {"whole days", colDays, COL_GCD},
  {"five values at both ends", colFew, COL_TABLE},
  {"256 values", col256, COL_TABLE},
  {"both ends in turn", colEnds, COL_TABLE}, {"runs of 500", colRuns, COL_RLE},
  {"multiples of 2^62", colHalf, 99},
};

static void colCodecs(void) {
  for (u32 k = 0; k < SN_COUNT(col_codecs); k++) {
    u32 want = col_codecs[k].codec;
    bool good = true;
    for (u32 t = 0; good && t < 3; t++) { /* then with NULLs; then 2 windows */
      ColCase *c = colNewCase(t == 2 ? SN_WINDOW + 300 : SN_WINDOW, false);
      for (u32 i = 0; i < c->n; i++) c->v[i] = col_codecs[k].make(i);
      for (u32 i = 0; t && i < c->n; i++)
        if (i % 1000 == 7) snBitSet(c->nulls, i);
      c->any = t;
      good = colRun(c, true);
      if (want != 99 && c->codec[0] != want)
        good = testNo("codec", c->codec[0], want);
    }
    testOk(good, col_codecs[k].name);
  }
}

/* ---- 2 ------------------------------------------------------------------ */

/* Each mini-block has another width; 12 bits and more cannot be less. */
static void colWidths(void) {
  bool good = true;
  for (u32 w = 0; good && w <= 64; w++) {
    static const i64 bases[] = {0, INT64_MIN, -1000, INT64_MAX};
    for (u32 k = 0; good && k < 4; k++) {
      ColCase *c = colNewCase(SN_WINDOW - k * 100, false);
      for (u32 i = 0; i < c->n; i++) {
        u32 width = (w + i / 256) % 65;
        u64 mask = width ? UINT64_MAX >> (64 - width) : 0;
        u64 off = i % 256 == 3 ? mask : i % 256 == 4 ? 0 : testChance() & mask;
        i64 base = bases[k];
        if (base == INT64_MAX) off = (u64)0 - off;
        c->v[i] = (i64)((u64)base + off);
      }
      good = colRun(c, k == 1 && w % 8 == 0);
      if (good && w >= 12 && w <= 48 && c->codec[0] != COL_FOR)
        good = testNo("codec at width", w, c->codec[0]);
      if (!good) (void)testNo("width, base", w, k);
    }
  }
  testOk(good, "widths of 0 to 64 bits");
}

static void colSteps(void) { /* steps that wrap around, in both directions */
  static const u64 steps[] = {1ull << 63, (1ull << 63) - 1, (1ull << 63) + 1,
      1ull << 62, 3ull << 62, UINT64_MAX, 1ull << 32, 0xffffffff};
  bool good = true;
  for (u32 k = 0; good && k < SN_COUNT(steps) * 2; k++) {
    ColCase *c = colNewCase(600, false);
    for (u32 i = 0; i < c->n; i++)
      c->v[i] = (i64)(steps[k / 2] * i + (k % 2 ? testRandom(4) : 0));
    good = colRun(c, k < 4) || testNo("step", k, 0);
  }
  testOk(good, "steps that wrap around");
}

/* ---- 3 ------------------------------------------------------------------ */

static bool colPattern(u32 k, u32 i, u32 n) {
  switch (k) {
  case 0: return false;
  case 1: return true;
  case 2: return i == 0;
  case 3: return i == n - 1;
  case 4: return i != 0;
  case 5: return i != n - 1;
  case 6: return i % 2;
  case 7: return i % 64 == 63 || i % 64 == 0;
  case 8: return i / SN_WINDOW == 1;   /* one window of several */
  case 9: return i % 256 < 255;
  default: return testRandom(3) == 0;
  }
}

static void colSizes(bool real) {
  static const u32 sizes[] = {1, 2, 3, 63, 64, 65, 127, 128, 129, 255, 256,
      257, 511, 513, 4095, 4096, 4097, 8191, 8192, 8193, 12288};
  bool good = true;
  for (u32 s = 0; good && s < SN_COUNT(sizes); s++) {
    for (u32 k = 0; good && k < 11; k++) {
      ColCase *c = colNewCase(sizes[s], real);
      u32 make = 2 + (s + k) % 11;
      c->any = k;
      for (u32 i = 0; i < c->n; i++) {
        c->v[i] = col_codecs[make].make(i);
        if (real) c->v[i] = colBits((double)(c->v[i] % 100000) / 8);
        if (!colPattern(k, i, c->n)) continue;
        snBitSet(c->nulls, i);
        c->v[i] = i % 3 ? INT64_MIN : (i64)testChance();
      }
      good = colRun(c, false);
      if (k == 1) good &= (c->codec[0] & 15) == COL_NULLS;
      if (!good) (void)testNo("size, pattern", sizes[s], k);
    }
  }
  testOk(good, real ? "doubles: sizes and patterns of NULL"
                    : "numbers: sizes and patterns of NULL");
}

/* What stands at the place of a NULL is no value of the window. */
static void colGarbage(void) {
  ColCase *c = colNewCase(1000, false);
  bool good;
  c->any = true;
  for (u32 i = 0; i < c->n; i++) {
    c->v[i] = i % 5 ? 42 : (i64)testChance();
    if (i % 5 == 0) snBitSet(c->nulls, i);
  }
  good = colRun(c, false) && c->codec[0] == COL_CONST;
  testOk(good, "42 and NULL: one value");
  c = colNewCase(1000, true);
  c->any = true;
  for (u32 i = 0; i < c->n; i++) {
    c->v[i] = colBits(i % 5 ? 42.5 : NAN);
    if (i % 5 == 0) snBitSet(c->nulls, i);
  }
  good = colRun(c, false) && c->codec[0] == COL_CONST;
  testOk(good, "42.5 and NULL over NaN: one value");
}

/* ---- 4 ------------------------------------------------------------------ */

static double colDecimal(u32 digits, u32 i) {
  char text[40];
  u64 unit = 1;
  for (u32 k = 0; k < digits; k++) unit *= 10;
  u64 v = i ? testChance() % 5000 * (unit > 1 ? unit / 10 : 1) +
      testChance() % unit : 1;
  (void)snprintf(text, sizeof text, "%s%llu.%0*llu", i % 3 == 1 ? "-" : "",
      (unsigned long long)(v / unit), (int)digits,
      (unsigned long long)(v % unit));
  if (!digits) (void)snprintf(text, sizeof text, "%llu",
      (unsigned long long)v);
  double d = strtod(text, NULL);
  return d == 0 ? 0 : d; /* no -0.0 */
}

/* A window of decimals is scaled by as many digits as it takes. */
static void colDecimals(void) {
  bool good = true;
  for (u32 e = 0; good && e <= 11; e++) {
    ColCase *c = colNewCase(1000, true);
    for (u32 i = 0; i < c->n; i++) c->v[i] = colBits(colDecimal(e, i));
    good = colRun(c, true);
    if (good && e <= 9)
      good = (c->codec[0] & COL_SCALED) && c->param[0] == e;
    else if (good)
      good = c->codec[0] == COL_RAW;
    if (!good) (void)testNo("digits, codec", e, c->codec[0]);
  }
  testOk(good, "decimals of 0 to 9 digits are scaled, longer ones are not");
}

/* Scaled doubles of every codec of their integers, with NULLs. */
static void colScaled(void) {
  bool good = true;
  for (u32 k = 2; good && k < SN_COUNT(col_codecs); k++) {
    ColCase *c = colNewCase(SN_WINDOW + 300, true);
    c->any = true;
    for (u32 i = 0; i < c->n; i++) {
      i64 v = col_codecs[k].make(i);
      if (k != 5 && k != 6) v %= 1000000000; /* steps stay */
      c->v[i] = colBits((double)v / 100);
      if (v == 0) c->v[i] = 0;
      if (i % 1000 == 7) snBitSet(c->nulls, i);
    }
    good = colRun(c, true);
    if (!good) (void)testNo("codec", k, c->codec[0]);
  }
  testOk(good, "scaled doubles, whatever the codec");
}

static void colOdd(void) {
  static const struct { const char *name; double a, b; u32 codec; } odd[] = {
    {"-0.0 alone", -0.0, -0.0, COL_CONST},
    {"0.0 alone", 0.0, 0.0, COL_CONST},
    {"0.0 and -0.0", 0.0, -0.0, COL_RAW},
    {"-0.0 and 1.5", 1.5, -0.0, COL_RAW},
    {"NaN alone", NAN, NAN, COL_RAW},
    {"NaN and 1", NAN, 1, COL_RAW},
    {"1 and NaN", 1, NAN, COL_RAW},
    {"infinity alone", INFINITY, INFINITY, COL_CONST},
    {"1 and infinity", 1, INFINITY, COL_RAW},
    {"both infinities", -INFINITY, INFINITY, COL_RAW},
    {"denormals", 4.9406564584124654e-324, 2.2250738585072009e-308, COL_RAW},
    {"the least and 0", 0, 4.9406564584124654e-324, COL_RAW},
    {"the largest", 1.7976931348623157e308, 1, COL_RAW},
    {"1e300 and 1e-300", 1e300, 1e-300, COL_RAW},
    {"0.1 + 0.2 and 0.3", 0.30000000000000004, 0.3, COL_RAW},
    {"a third", 1.0 / 3, 0.5, COL_RAW},
    {"0.1 and -0.7", 0.1, -0.7, 99},
    {"2^53 and what follows", 9007199254740992.0, 9007199254740994.0, 99},
    {"2^53 and a half", 9007199254740992.0, 0.5, 99},
    {"2^63 and -2^63", 9223372036854775808.0, -9223372036854775808.0, 99},
    {"just below 2^63", 9223372036854774784.0, 0, 99},
    {"1e18 and 0.25", 1e18, 0.25, 99},
    {"1e22 and 1e23", 1e22, 1e23, COL_RAW},
  };
  for (u32 k = 0; k < SN_COUNT(odd); k++) {
    bool good = true;
    for (u32 t = 0; good && t < 3; t++) {
      ColCase *c = colNewCase(t == 2 ? SN_WINDOW : 70, true);
      for (u32 i = 0; i < c->n; i++)
        c->v[i] = colBits((t ? i * 2654435761u >> 31 : i % 2) ? odd[k].b
                                                              : odd[k].a);
      good = colRun(c, true);
      if (odd[k].codec != 99 && c->codec[0] != odd[k].codec)
        good = testNo("codec", c->codec[0], odd[k].codec);
    }
    testOk(good, odd[k].name);
  }
  ColCase *c = colNewCase(500, true); /* NaNs keep their bits */
  for (u32 i = 0; i < c->n; i++)
    c->v[i] = (i64)(0x7ff0000000000001ull + i * 0x1234567ull) |
        (i % 2 ? INT64_MIN : 0);
  testOk(colRun(c, true), "NaNs of all kinds");
  bool good = true;
  for (u32 t = 0; good && t < 40; t++) {
    c = colNewCase(300, true);
    for (u32 i = 0; i < c->n; i++) c->v[i] = (i64)testChance();
    good = colRun(c, true);
  }
  testOk(good, "doubles of any bits");
}

/* ---- 5 ------------------------------------------------------------------ */

/* Codes of a dictionary of ten terms, the last code being `most`. */
static bool colCodes(i64 most, bool damaged) {
  Part p;
  DictWriter d;
  ColWriter w;
  Buf b;
  ColReader *r = NULL;
  i64 v[700];
  u64 nulls[SN_WORDS] = {0}, got_nulls[SN_WORDS];
  u32 got[SN_WINDOW], docs[] = {699, 0, 13, 3, 3};
  snBufInit(&b, &test_budget);
  partInit(&p);
  snDictWriteInit(&d, &test_budget, false, false);
  for (u32 i = 0; i < 10; i++) {
    u8 c = (u8)('a' + i);
    snDictWriteAdd(&d, &c, 1, 1, 1, NULL, 0);
  }
  snDictWriteEnd(&d, 600, &b);
  snSegWriteBuf(&p.w, SEC_VALUES, 6, &b);
  b.n = 0;
  snColWriteInit(&w, &test_budget, TYPE_KEYWORD, false);
  for (u32 i = 0; i < 700; i++) {
    v[i] = i == 699 ? most : (i64)(i * 2654435761u % 9);
    if (i % 7 == 3) snBitSet(nulls, i);
  }
  snColWriteInts(&w, v, nulls, 700);
  snColWriteEnd(&w, &b);
  snSegWriteBuf(&p.w, SEC_CODES, 6, &b);
  snBufClear(&b);
  snColWriteFree(&w);
  snDictWriteFree(&d);
  bool any, good = partOpen(&p, 700) && !snColOpen(p.g, 6, TYPE_KEYWORD, &r) &&
      snColKind(r) == COL_CODE && snColDict(r);
  int rc = good ? snColWindow(r, 0, got, got_nulls, &any) : SEINE_ERROR;
  if (good && damaged) {
    good = rc == SEINE_CORRUPT;
  } else if (good) {
    good = !rc && any && !memcmp(nulls, got_nulls, sizeof nulls);
    for (u32 i = 0; good && i < 700; i++)
      good = snBit(nulls, i) || got[i] == v[i];
    got_nulls[0] = 0;
    good = good && !snColGather(r, docs, 5, got, got_nulls) &&
        got[0] == most && got[1] == v[0] && got[2] == v[13] &&
        got_nulls[0] == 24;
  }
  partClose(&p);
  return good;
}

/* Elements of the arrays: 0 to 4 each, every 7th NULL, one of 5,000. */
static u32 colCount(u32 i) { return i % 7 == 3 ? 0 : i == 4097 ? 5000 : i % 5; }

static void colArrays(void) {
  Part p;
  ColFeed items, counts;
  ColReader *r = NULL;
  u32 docs = 9000, n;
  u64 total = 0, from;
  bool null;
  partInit(&p);
  snColFeedInit(&items, &test_budget, SEC_INTS, 6, TYPE_INTEGER | TYPE_ARRAY);
  snColFeedInit(&counts, &test_budget, SEC_COUNTS, 6,
      TYPE_INTEGER | TYPE_ARRAY);
  for (u32 i = 0; i < docs; i++) {
    if (i % 7 == 3) snColFeedNull(&counts);
    else snColFeedInt(&counts, colCount(i));
    for (u32 k = 0; k < colCount(i); k++) {
      if ((total + k) % 11 == 5) snColFeedNull(&items);
      else snColFeedInt(&items, (i64)((total + k) * (total + k)));
    }
    total += colCount(i);
  }
  snColFeedEnd(&items, &p.w);
  snColFeedEnd(&counts, &p.w);
  bool good = partOpen(&p, docs) &&
      !snColOpen(p.g, 6, TYPE_INTEGER | TYPE_ARRAY, &r) && snColIsArray(r);
  for (u32 pass = 0; good && pass < 2; pass++) {
    u64 at = pass ? total : 0;
    for (u32 j = 0; good && j < docs; j++) { /* forwards, then backwards */
      u32 i = pass ? docs - 1 - j : j;
      if (pass) at -= colCount(i);
      good = !snColSpan(r, i, &from, &n, &null) && n == colCount(i) &&
          null == (i % 7 == 3) && from == at;
      for (u32 k = 0; good && k < n; k += 1 + k * 50) {
        i64 v;
        bool none;
        good = !snColItem(r, from + k, &v, &none) &&
            none == ((at + k) % 11 == 5) &&
            (none || v == (i64)((at + k) * (at + k)));
      }
      if (!good) (void)testNo("array", i, from);
      if (!pass) at += colCount(i);
    }
  }
  i64 v;
  good = good && snColItem(r, total, &v, &null) == SEINE_CORRUPT &&
      snColSpan(r, docs, &from, &n, &null) == SEINE_CORRUPT;
  testOk(good, "arrays: counts over several windows, forwards and backwards");
  partClose(&p);
}

int main(int argc, char **argv) {
  testSeed(argc, argv);
  colCodecs();
  colWidths();
  colSteps();
  colSizes(false);
  colSizes(true);
  colGarbage();
  colDecimals();
  colScaled();
  colOdd();
  testOk(colCodes(9, false), "codes of a dictionary");
  testOk(colCodes(10, true), "a code that the dictionary has not: damage");
  testOk(colCodes(-1, true), "a code below 0: damage");
  testOk(colCodes((i64)1 << 32, true), "a code above 32 bits: damage");
  colArrays();
  return testDone();
}
