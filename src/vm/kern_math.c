/*
** kern_math: functions of numbers.
**
** (1) A result that is not a number is NULL: arguments outside of a
**     function's domain are no error, as in SQLite.
** (2) What works on INTEGER alone stays INTEGER and never wraps: abs() of
**     the least one is an error, everything else gives NULL.
** (3) Halves round away from zero, judged by the exact value of the double.
*/
#include "vm/kern.h"
#include "os/os.h"

#define KERN_MATH_PI    3.14159265358979323846
#define KERN_MATH_WHOLE 4503599627370496.0 /* 2^52: no fraction from here */
#define KERN_MATH_FAR   5000000000000000000ll /* rounds to 10^19 */

static const double kernMathPow10[23] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6,
    1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
    1e20, 1e21, 1e22};

static void kernMathPut(Vec *out, u32 i, double v) {
  ((double *)out->data)[i] = v;
  if (isnan(v)) snKernNull(out, i);
}

/* ---- One REAL to one REAL ----------------------------------------------- */

static int kernMathMap(const Vec *args, Rows16 rows, Vec *out,
    double (*f)(double)) {
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k);
    kernMathPut(out, i, f(snKernReal(&args[0], i)));
  }
  return SEINE_OK;
}

static int kernMathMap2(const Vec *args, Rows16 rows, Vec *out,
    double (*f)(double, double)) {
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k);
    double x = snKernReal(&args[0], i), y = snKernReal(&args[1], i);
    kernMathPut(out, i, f(x, y));
  }
  return SEINE_OK;
}

static double kernMathLnOf(double x) { return x > 0 ? log(x) : (double)NAN; }
static double kernMathLog2Of(double x) { return x > 0 ? log2(x) : (double)NAN; }
static double kernMathLog10Of(double x) {
  return x > 0 ? log10(x) : (double)NAN;
}
static double kernMathLogOf(double base, double x) {
  if (!(x > 0) || !(base > 0) || base == 1) return (double)NAN;
  if (base == 10) return log10(x);
  if (base == 2) return log2(x);
  return log(x) / log(base);
}
static double kernMathRadiansOf(double x) { return x * (KERN_MATH_PI / 180); }
static double kernMathDegreesOf(double x) { return x * (180 / KERN_MATH_PI); }

static int kernMathSqrt(KERN_ARGS) {
  double *o = out->data;
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k);
    double x = snKernReal(&args[0], i);
    o[i] = x;
    if (x >= 0) o[i] = sqrt(x);
    else snKernNull(out, i);
  }
  return SEINE_OK;
}

static int kernMathExp(KERN_ARGS) { return kernMathMap(args, rows, out, exp); }
static int kernMathSin(KERN_ARGS) { return kernMathMap(args, rows, out, sin); }
static int kernMathCos(KERN_ARGS) { return kernMathMap(args, rows, out, cos); }
static int kernMathTan(KERN_ARGS) { return kernMathMap(args, rows, out, tan); }
static int kernMathAsin(KERN_ARGS) {
  return kernMathMap(args, rows, out, asin);
}
static int kernMathAcos(KERN_ARGS) {
  return kernMathMap(args, rows, out, acos);
}
static int kernMathAtan(KERN_ARGS) {
  return kernMathMap(args, rows, out, atan);
}
static int kernMathSinh(KERN_ARGS) {
  return kernMathMap(args, rows, out, sinh);
}
static int kernMathCosh(KERN_ARGS) {
  return kernMathMap(args, rows, out, cosh);
}
static int kernMathTanh(KERN_ARGS) {
  return kernMathMap(args, rows, out, tanh);
}
static int kernMathCeil(KERN_ARGS) {
  return kernMathMap(args, rows, out, ceil);
}
static int kernMathFloor(KERN_ARGS) {
  return kernMathMap(args, rows, out, floor);
}
static int kernMathLn(KERN_ARGS) {
  return kernMathMap(args, rows, out, kernMathLnOf);
}
static int kernMathLog2(KERN_ARGS) {
  return kernMathMap(args, rows, out, kernMathLog2Of);
}
static int kernMathLog10(KERN_ARGS) {
  return kernMathMap(args, rows, out, kernMathLog10Of);
}
static int kernMathRadians(KERN_ARGS) {
  return kernMathMap(args, rows, out, kernMathRadiansOf);
}
static int kernMathDegrees(KERN_ARGS) {
  return kernMathMap(args, rows, out, kernMathDegreesOf);
}
static int kernMathLogBase(KERN_ARGS) {
  return kernMathMap2(args, rows, out, kernMathLogOf);
}
static int kernMathPow(KERN_ARGS) {
  return kernMathMap2(args, rows, out, pow);
}
static int kernMathAtan2(KERN_ARGS) {
  return kernMathMap2(args, rows, out, atan2);
}
static int kernMathModReal(KERN_ARGS) {
  return kernMathMap2(args, rows, out, fmod);
}

static int kernMathAsinh(KERN_ARGS) {
  return kernMathMap(args, rows, out, asinh);
}
static int kernMathAcosh(KERN_ARGS) {
  return kernMathMap(args, rows, out, acosh);
}
static int kernMathAtanh(KERN_ARGS) {
  return kernMathMap(args, rows, out, atanh);
}
static int kernMathCbrt(KERN_ARGS) {
  return kernMathMap(args, rows, out, cbrt);
}
static int kernMathExpm1(KERN_ARGS) {
  return kernMathMap(args, rows, out, expm1);
}
static int kernMathLog1p(KERN_ARGS) {
  return kernMathMap(args, rows, out, log1p);
}
static int kernMathHypot(KERN_ARGS) {
  return kernMathMap2(args, rows, out, hypot);
}

static int kernMathIs(const Vec *args, Rows16 rows, Vec *out, bool nan,
    bool inf, bool finite) {
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k);
    double x = snKernReal(&args[0], i);
    if (isnan(x) ? nan : isinf(x) ? inf : finite) snBitSet(out->data, i);
  }
  return SEINE_OK;
}

static int kernMathIsNan(KERN_ARGS) {
  return kernMathIs(args, rows, out, true, false, false);
}
static int kernMathIsInf(KERN_ARGS) {
  return kernMathIs(args, rows, out, false, true, false);
}
static int kernMathIsFinite(KERN_ARGS) {
  return kernMathIs(args, rows, out, false, false, true);
}

static int kernMathPi(KERN_ARGS) {
  double *o = out->data;
  (void)args;
  for (u32 k = 0; k < rows.n; k++) o[snKernRow(rows, k)] = KERN_MATH_PI;
  return SEINE_OK;
}

/* ---- Signs and remainders ----------------------------------------------- */

static int kernMathAbsInt(KERN_ARGS) {
  i64 *o = out->data;
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k);
    i64 x = snKernInt(&args[0], i);
    if (x == INT64_MIN) return snKernError(c, "abs: integer overflow");
    o[i] = x < 0 ? -x : x;
  }
  return SEINE_OK;
}

static int kernMathAbsReal(KERN_ARGS) {
  return kernMathMap(args, rows, out, fabs);
}

static int kernMathSign(KERN_ARGS) {
  i64 *o = out->data;
  bool whole = args[0].type == TYPE_INTEGER;
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k);
    if (whole) {
      i64 x = snKernInt(&args[0], i);
      o[i] = (x > 0) - (x < 0);
    } else {
      double x = snKernReal(&args[0], i);
      o[i] = (x > 0) - (x < 0);
      if (isnan(x)) snKernNull(out, i);
    }
  }
  return SEINE_OK;
}

static int kernMathMod(KERN_ARGS) {
  i64 *o = out->data;
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k);
    i64 x = snKernInt(&args[0], i), y = snKernInt(&args[1], i);
    o[i] = 0;
    if (!y) snKernNull(out, i);
    else if (y != -1) o[i] = x % y; /* the least number % -1 traps */
  }
  return SEINE_OK;
}

/* ---- Whole numbers ------------------------------------------------------ */

static u64 kernMathMagnitude(i64 x) { return x < 0 ? 0 - (u64)x : (u64)x; }

static u64 kernMathGcdOf(u64 x, u64 y) {
  while (y) {
    u64 rest = x % y;
    x = y;
    y = rest;
  }
  return x;
}

static int kernMathGcd(KERN_ARGS) {
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k);
    u64 v = kernMathGcdOf(kernMathMagnitude(snKernInt(&args[0], i)),
        kernMathMagnitude(snKernInt(&args[1], i)));
    if (v > INT64_MAX) return snKernError(c, "gcd: integer overflow");
    ((i64 *)out->data)[i] = (i64)v;
  }
  return SEINE_OK;
}

static int kernMathLcm(KERN_ARGS) {
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k);
    u64 x = kernMathMagnitude(snKernInt(&args[0], i)), v = 0;
    u64 y = kernMathMagnitude(snKernInt(&args[1], i));
    bool over = x && y &&
        __builtin_mul_overflow(x / kernMathGcdOf(x, y), y, &v);
    if (over || v > INT64_MAX)
      return snKernError(c, "lcm: integer overflow");
    ((i64 *)out->data)[i] = (i64)v;
  }
  return SEINE_OK;
}

static int kernMathFactorial(KERN_ARGS) {
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k);
    i64 x = snKernInt(&args[0], i), v = 1;
    if (x > 20) return snKernError(c, "factorial: integer overflow");
    for (i64 f = 2; f <= x; f++) v *= f;
    ((i64 *)out->data)[i] = v;
    if (x < 0) snKernNull(out, i);
  }
  return SEINE_OK;
}

static int kernMathBitCount(KERN_ARGS) {
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k);
    ((i64 *)out->data)[i] =
        __builtin_popcountll((u64)snKernInt(&args[0], i));
  }
  return SEINE_OK;
}

/* The digits of v to a base, in front of end. */
static char *kernMathDigitsOf(u64 v, u32 base, char *end) {
  static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  do *--end = digits[v % base];
  while (v /= base);
  return end;
}

static int kernMathBin(KERN_ARGS) {
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k);
    char text[64], *end = text + sizeof text;
    const char *p = kernMathDigitsOf((u64)snKernInt(&args[0], i), 2, end);
    int rc = snFuncStr(c, out, i, p, (size_t)(end - p));
    if (rc) return rc;
  }
  return SEINE_OK;
}

/* A number to a base, up to the first byte that is no digit of it; what is
** too large is the largest, as in Spark and MySQL. */
static u64 kernMathParse(Str s, u32 base, bool *minus) {
  u64 v = 0;
  u32 at = 0;
  while (at < s.n && s.p[at] == ' ') at++;
  *minus = at < s.n && s.p[at] == '-';
  for (at += *minus; at < s.n; at++) {
    u32 d = (u32)s.p[at] - '0';
    if (d > 9) d = ((u32)s.p[at] | 0x20) - 'a' + 10;
    if (s.p[at] > '9' && d < 10) break;
    if (d >= base) break;
    if (__builtin_mul_overflow(v, (u64)base, &v) ||
        __builtin_add_overflow(v, (u64)d, &v))
      return UINT64_MAX;
  }
  return v;
}

/* A negative base of the result: it has a sign. */
static int kernMathConv(KERN_ARGS) {
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k);
    i64 from = snKernInt(&args[1], i), to = snKernInt(&args[2], i);
    u64 base = kernMathMagnitude(to);
    char text[66], *end = text + sizeof text, *p;
    bool minus;
    ((Str *)out->data)[i] = (Str){NULL, 0, 0};
    if (from < 2 || from > 36 || base < 2 || base > 36) {
      snKernNull(out, i);
      continue;
    }
    u64 v = kernMathParse(snKernStr(&args[0], i), (u32)from, &minus);
    if (minus) v = v == UINT64_MAX && to > 0 ? v : 0 - v;
    bool sign = to < 0 && (i64)v < 0;
    p = kernMathDigitsOf(sign ? 0 - v : v, (u32)base, end);
    if (sign) *--p = '-';
    int rc = snFuncStr(c, out, i, p, (size_t)(end - p));
    if (rc) return rc;
  }
  return SEINE_OK;
}

/* ---- Rounding ----------------------------------------------------------- */

static int kernMathSame(KERN_ARGS) {
  i64 *o = out->data;
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k);
    o[i] = snKernInt(&args[0], i);
  }
  return SEINE_OK;
}

/* A whole number from t, which stands for t + lost: a t that looks like a
** half or like a whole number may have been rounded to it, and what was lost
** tells on which side the exact value lies. */
static double kernMathWhole(double t, double lost, bool half) {
  double whole = trunc(t);
  bool less = lost != 0 && (lost < 0) != (t < 0);
  if (half) return fabs(t - whole) == 0.5 && less ? whole : round(t);
  return t == whole && less ? whole - copysign(1, t) : whole;
}

static double kernMathDigits(double x, i64 digits, bool half) {
  double m, t, rest;
  if (!isfinite(x) || digits > 22) return x;
  if (digits < -308) return 0;
  if (digits >= 0) {
    m = kernMathPow10[digits];
    t = x * m;
    if (!(fabs(t) < KERN_MATH_WHOLE)) return x;
    return kernMathWhole(t, fma(x, m, -t), half) / m;
  }
  m = digits >= -22 ? kernMathPow10[-digits] : pow(10, (double)-digits);
  t = x / m;
  if (!(fabs(t) < KERN_MATH_WHOLE)) return x;
  rest = fma(-t, m, x);
  return kernMathWhole(t, rest, half) * m;
}

static int kernMathRoundBy(const Vec *args, u32 n, Rows16 rows, Vec *out,
    bool half) {
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k);
    double x = snKernReal(&args[0], i);
    i64 digits = n > 1 ? snKernInt(&args[1], i) : 0;
    kernMathPut(out, i, kernMathDigits(x, digits, half));
  }
  return SEINE_OK;
}

/* The digits in front of the point go as well when `digits` is negative. */
static int kernMathRoundIntBy(const Vec *args, u32 n, Rows16 rows, Vec *out,
    bool half) {
  i64 *o = out->data;
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k);
    i64 x = snKernInt(&args[0], i), m = 1, rest, up = 0;
    i64 digits = n > 1 ? snKernInt(&args[1], i) : 0;
    o[i] = x;
    if (digits >= 0) continue;
    o[i] = 0;
    if (digits < -18) {
      bool far = x >= KERN_MATH_FAR || x <= -KERN_MATH_FAR;
      if (half && digits == -19 && far) snKernNull(out, i);
      continue;
    }
    for (; digits < 0; digits++) m *= 10;
    rest = x % m;
    if (half && rest >= m - m / 2) up = m;
    if (half && rest <= -(m - m / 2)) up = -m;
    if (__builtin_add_overflow(x - rest, up, &o[i])) snKernNull(out, i);
  }
  return SEINE_OK;
}

static int kernMathRound(KERN_ARGS) {
  return kernMathRoundBy(args, n, rows, out, true);
}

static int kernMathTrunc(KERN_ARGS) {
  return kernMathRoundBy(args, n, rows, out, false);
}

static int kernMathRoundInt(KERN_ARGS) {
  return kernMathRoundIntBy(args, n, rows, out, true);
}

static int kernMathTruncInt(KERN_ARGS) {
  return kernMathRoundIntBy(args, n, rows, out, false);
}

/* Lower edge of the bucket of width w that holds x. */
static int kernMathBucketInt(KERN_ARGS) {
  i64 *o = out->data;
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k);
    i64 x = snKernInt(&args[0], i), w = snKernInt(&args[1], i), rest;
    o[i] = 0;
    if (w <= 0) {
      snKernNull(out, i);
      continue;
    }
    rest = x % w;
    if (rest < 0) rest += w;
    if (__builtin_sub_overflow(x, rest, &o[i])) snKernNull(out, i);
  }
  return SEINE_OK;
}

static int kernMathBucketReal(KERN_ARGS) {
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k);
    double x = snKernReal(&args[0], i), w = snKernReal(&args[1], i);
    kernMathPut(out, i, w > 0 ? floor(x / w) * w : (double)NAN);
  }
  return SEINE_OK;
}

/* ---- The largest and the smallest --------------------------------------- */

static void kernMathBestInt(const Vec *args, u32 n, u32 i, Vec *out,
    bool most) {
  i64 best = snKernInt(&args[0], i);
  for (u32 a = 1; a < n; a++) {
    i64 x = snKernInt(&args[a], i);
    if (most ? x > best : x < best) best = x;
  }
  ((i64 *)out->data)[i] = best;
}

static void kernMathBestReal(const Vec *args, u32 n, u32 i, Vec *out,
    bool most) {
  double best = snKernReal(&args[0], i);
  for (u32 a = 1; a < n; a++) {
    double x = snKernReal(&args[a], i);
    if (most ? x > best : x < best) best = x;
  }
  ((double *)out->data)[i] = best;
}

static void kernMathBestStr(const Vec *args, u32 n, u32 i, Vec *out,
    bool most) {
  Str best = snKernStr(&args[0], i);
  for (u32 a = 1; a < n; a++) {
    Str x = snKernStr(&args[a], i);
    int d = snStrCmp(x.p, x.n, best.p, best.n);
    if (most ? d > 0 : d < 0) best = x;
  }
  ((Str *)out->data)[i] = best;
}

static int kernMathBest(const Vec *args, u32 n, Rows16 rows, Vec *out,
    bool most) {
  Form form = snTypeForm(out->type);
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k);
    if (form == FORM_INT) kernMathBestInt(args, n, i, out, most);
    else if (form == FORM_REAL) kernMathBestReal(args, n, i, out, most);
    else kernMathBestStr(args, n, i, out, most);
  }
  return SEINE_OK;
}

static int kernMathGreatest(KERN_ARGS) {
  return kernMathBest(args, n, rows, out, true);
}

static int kernMathLeast(KERN_ARGS) {
  return kernMathBest(args, n, rows, out, false);
}

/* ---- Chance ------------------------------------------------------------- */

/* The machine gives a seed per batch; a counter mixed well makes the rest. */
static u64 kernMathSeed(void) {
  Vfs *v = snOsUnix();
  u64 seed = 0;
  v->random(v, &seed, sizeof seed);
  return seed;
}

static u64 kernMathMix(u64 *state) {
  u64 x = *state += 0x9e3779b97f4a7c15ull;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
  return x ^ (x >> 31);
}

static int kernMathRandom(KERN_ARGS) {
  i64 *o = out->data;
  u64 state = kernMathSeed();
  (void)args;
  for (u32 k = 0; k < rows.n; k++) {
    o[snKernRow(rows, k)] = (i64)kernMathMix(&state);
  }
  return SEINE_OK;
}

static int kernMathRand(KERN_ARGS) {
  double *o = out->data;
  u64 state = kernMathSeed();
  (void)args;
  for (u32 k = 0; k < rows.n; k++) {
    o[snKernRow(rows, k)] = (double)(kernMathMix(&state) >> 11) * 0x1p-53;
  }
  return SEINE_OK;
}

/* ---- The table ---------------------------------------------------------- */

/* clang-format off */
static const Func kernMathFuncs[] = {
  {"abs",       "i",   TYPE_INTEGER,   0, kernMathAbsInt},
  {"abs",       "r",   TYPE_REAL,      0, kernMathAbsReal},
  {"sign",      "i",   TYPE_INTEGER,   0, kernMathSign},
  {"sign",      "r",   TYPE_INTEGER,   0, kernMathSign},
  {"ceil",      "i",   TYPE_INTEGER,   0, kernMathSame},
  {"ceil",      "r",   TYPE_REAL,      0, kernMathCeil},
  {"ceiling",   "i",   TYPE_INTEGER,   0, kernMathSame},
  {"ceiling",   "r",   TYPE_REAL,      0, kernMathCeil},
  {"floor",     "i",   TYPE_INTEGER,   0, kernMathSame},
  {"floor",     "r",   TYPE_REAL,      0, kernMathFloor},
  {"round",     "i?i", TYPE_INTEGER,   0, kernMathRoundInt},
  {"round",     "r?i", TYPE_REAL,      0, kernMathRound},
  {"trunc",     "i?i", TYPE_INTEGER,   0, kernMathTruncInt},
  {"trunc",     "r?i", TYPE_REAL,      0, kernMathTrunc},
  {"sqrt",      "r",   TYPE_REAL,      0, kernMathSqrt},
  {"exp",       "r",   TYPE_REAL,      0, kernMathExp},
  {"ln",        "r",   TYPE_REAL,      0, kernMathLn},
  {"log",       "r",   TYPE_REAL,      0, kernMathLog10},
  {"log",       "rr",  TYPE_REAL,      0, kernMathLogBase},
  {"log2",      "r",   TYPE_REAL,      0, kernMathLog2},
  {"log10",     "r",   TYPE_REAL,      0, kernMathLog10},
  {"pow",       "rr",  TYPE_REAL,      0, kernMathPow},
  {"power",     "rr",  TYPE_REAL,      0, kernMathPow},
  {"sin",       "r",   TYPE_REAL,      0, kernMathSin},
  {"cos",       "r",   TYPE_REAL,      0, kernMathCos},
  {"tan",       "r",   TYPE_REAL,      0, kernMathTan},
  {"asin",      "r",   TYPE_REAL,      0, kernMathAsin},
  {"acos",      "r",   TYPE_REAL,      0, kernMathAcos},
  {"atan",      "r",   TYPE_REAL,      0, kernMathAtan},
  {"atan2",     "rr",  TYPE_REAL,      0, kernMathAtan2},
  {"sinh",      "r",   TYPE_REAL,      0, kernMathSinh},
  {"cosh",      "r",   TYPE_REAL,      0, kernMathCosh},
  {"tanh",      "r",   TYPE_REAL,      0, kernMathTanh},
  {"asinh",     "r",   TYPE_REAL,      0, kernMathAsinh},
  {"acosh",     "r",   TYPE_REAL,      0, kernMathAcosh},
  {"atanh",     "r",   TYPE_REAL,      0, kernMathAtanh},
  {"cbrt",      "r",   TYPE_REAL,      0, kernMathCbrt},
  {"hypot",     "rr",  TYPE_REAL,      0, kernMathHypot},
  {"expm1",     "r",   TYPE_REAL,      0, kernMathExpm1},
  {"log1p",     "r",   TYPE_REAL,      0, kernMathLog1p},
  {"isnan",     "r",   TYPE_BOOLEAN,   0, kernMathIsNan},
  {"isinf",     "r",   TYPE_BOOLEAN,   0, kernMathIsInf},
  {"isfinite",  "r",   TYPE_BOOLEAN,   0, kernMathIsFinite},
  {"gcd",       "ii",  TYPE_INTEGER,   0, kernMathGcd},
  {"lcm",       "ii",  TYPE_INTEGER,   0, kernMathLcm},
  {"factorial", "i",   TYPE_INTEGER,   0, kernMathFactorial},
  {"bit_count", "i",   TYPE_INTEGER,   0, kernMathBitCount},
  {"bin",       "i",   TYPE_TEXT,      0, kernMathBin},
  {"conv",      "sii", TYPE_TEXT,      0, kernMathConv},
  {"radians",   "r",   TYPE_REAL,      0, kernMathRadians},
  {"degrees",   "r",   TYPE_REAL,      0, kernMathDegrees},
  {"pi",        "",    TYPE_REAL,      0, kernMathPi},
  {"mod",       "ii",  TYPE_INTEGER,   0, kernMathMod},
  {"mod",       "rr",  TYPE_REAL,      0, kernMathModReal},
  {"histogram", "ii",  TYPE_INTEGER,   0, kernMathBucketInt},
  {"histogram", "rr",  TYPE_REAL,      0, kernMathBucketReal},
  {"bucket",    "ii",  TYPE_INTEGER,   0, kernMathBucketInt},
  {"bucket",    "rr",  TYPE_REAL,      0, kernMathBucketReal},
  {"greatest",  "i+",  TYPE_INTEGER,   0, kernMathGreatest},
  {"greatest",  "r+",  TYPE_REAL,      0, kernMathGreatest},
  {"greatest",  "t+",  TYPE_TIMESTAMP, 0, kernMathGreatest},
  {"greatest",  "d+",  TYPE_DATE,      0, kernMathGreatest},
  {"greatest",  "s+",  TYPE_TEXT,      0, kernMathGreatest},
  {"least",     "i+",  TYPE_INTEGER,   0, kernMathLeast},
  {"least",     "r+",  TYPE_REAL,      0, kernMathLeast},
  {"least",     "t+",  TYPE_TIMESTAMP, 0, kernMathLeast},
  {"least",     "d+",  TYPE_DATE,      0, kernMathLeast},
  {"least",     "s+",  TYPE_TEXT,      0, kernMathLeast},
  {"random",    "",    TYPE_INTEGER,   FUNC_IMPURE, kernMathRandom},
  {"rand",      "",    TYPE_REAL,      FUNC_IMPURE, kernMathRand},
};
/* clang-format on */

const Func *snKernMathList(u32 *n) {
  *n = SN_COUNT(kernMathFuncs);
  return kernMathFuncs;
}

#undef KERN_MATH_PI
#undef KERN_MATH_WHOLE
#undef KERN_MATH_FAR
