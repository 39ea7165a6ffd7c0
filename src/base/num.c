/*
** num.c: numbers and internet addresses, to text and back.
**
** (1) The locale of the process never shows: strtod sees digits and an
**     exponent only, never a decimal point, and what printf wrote as a point
**     is put back to '.'.
** (2) A text is read to the nearest double, ties to even, whatever path it
**     takes: the quick ones are exact by construction.
** (3) snNumReal(snNumRealText(v)) is v, bit for bit, NaNs apart.
*/
#include "base/base.h"

static const double numPow10[23] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7,
    1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22};

static const u64 numInt10[20] = {1ull, 10ull, 100ull, 1000ull, 10000ull,
    100000ull, 1000000ull, 10000000ull, 100000000ull, 1000000000ull,
    10000000000ull, 100000000000ull, 1000000000000ull, 10000000000000ull,
    100000000000000ull, 1000000000000000ull, 10000000000000000ull,
    100000000000000000ull, 1000000000000000000ull, 10000000000000000000ull};

#define NUM_EXACT (1ull << 53) /* whole numbers up to here are doubles */

static inline bool numBlank(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

static inline bool numDigit(char c) { return (u8)(c - '0') < 10; }

static void numTrim(const char **p, size_t *n) {
  while (*n && numBlank(**p)) ++*p, --*n;
  while (*n && numBlank((*p)[*n - 1])) --*n;
}

/* ---- Text to number ----------------------------------------------------- */

bool snNumInt(const char *p, size_t n, i64 *out) {
  u64 v = 0;
  bool neg = false;
  *out = 0;
  if (!n) return false;
  if (p[0] <= ' ' || p[n - 1] <= ' ') {
    numTrim(&p, &n);
    if (!n) return false;
  }
  if (*p == '-' || *p == '+') {
    neg = *p == '-';
    p++, n--;
    if (!n) return false;
  }
  while (n > 19 && *p == '0') p++, n--;
  if (n > 19) return false;
  for (size_t i = 0; i < n; i++) { /* 19 digits fit 64 bits */
    u8 d = (u8)(p[i] - '0');
    if (d > 9) return false;
    v = v * 10 + d;
  }
  if (v > (u64)INT64_MAX + neg) return false;
  *out = (i64)(neg ? 0 - v : v);
  return true;
}

/* A decimal: mant * 10^exp, when no digit was dropped. */
typedef struct NumDecimal {
  u64 mant;
  u32 digits;    /* significant ones in mant, at most 19 */
  bool dropped;  /* there were more */
  i64 exp;
  i64 written;   /* the exponent in the source */
  const char *from, *to; /* digits and point in the source */
} NumDecimal;

static void numScanDigit(NumDecimal *d, char c, bool behind_point) {
  if (d->digits < 19) {
    d->mant = d->mant * 10 + (u64)(c - '0');
    d->digits += d->mant != 0;
    d->exp -= behind_point;
  } else {
    d->dropped = true;
    d->exp += !behind_point;
  }
}

/* Reads digits, point and exponent, which must fill [p, end). */
static bool numScan(const char *p, const char *end, NumDecimal *d) {
  i64 e = 0;
  bool neg = false, any = false;
  *d = (NumDecimal){0};
  d->from = p;
  for (; p < end && numDigit(*p); p++) {
    any = true;
    numScanDigit(d, *p, false);
  }
  if (p < end && *p == '.') {
    for (p++; p < end && numDigit(*p); p++) {
      any = true;
      numScanDigit(d, *p, true);
    }
  }
  d->to = p;
  if (!any) return false;
  if (p == end) return true;
  if (*p != 'e' && *p != 'E') return false;
  if (++p < end && (*p == '-' || *p == '+')) neg = *p++ == '-';
  if (p == end) return false;
  for (; p < end; p++) {
    if (!numDigit(*p)) return false;
    if (e < INT64_MAX / 100) e = e * 10 + (*p - '0');
  }
  d->written = neg ? -e : e;
  d->exp += d->written;
  return true;
}

/* mant / 10^k for a whole mant of 64 bits, k <= 19, rounded once. */
static double numDivide(u64 mant, u32 k) {
  unsigned __int128 q, top;
  u64 m, rest;
  int up = __builtin_clzll(mant), shift;
  top = (unsigned __int128)(mant << up) << 64;
  q = top / numInt10[k];
  rest = top != q * numInt10[k];
  /* q has 64 to 128 bits; keep 53, one to round by, the others as one. */
  shift = (u64)(q >> 64) ? 64 - __builtin_clzll((u64)(q >> 64)) : 0;
  if (shift) {
    rest |= (q & (((unsigned __int128)1 << shift) - 1)) != 0;
    q >>= shift;
  }
  m = (u64)q; /* its top bit is set: 11 bits too many */
  rest |= (m & 0x3ff) != 0;
  m = (m >> 11) + ((m >> 10 & 1) & (rest | (m >> 11 & 1)));
  return ldexp((double)m, shift + 11 - 64 - up);
}

/* The text once more as whole digits and an exponent, for strtod.  Beyond
** 780 digits only their being there matters. */
static double numSlow(const NumDecimal *d) {
  char buf[832];
  size_t n = 0;
  bool behind = false, sticky = false;
  i64 e = d->written;
  for (const char *p = d->from; p < d->to; p++) {
    if (*p == '.') {
      behind = true;
    } else if (n < 780) {
      if (n || *p != '0') buf[n++] = *p;
      e -= behind;
    } else {
      sticky = sticky || *p != '0';
      e += !behind;
    }
  }
  if (!n) return 0;
  if (sticky) {
    buf[n++] = '1';
    e--;
  }
  e = SN_MAX(SN_MIN(e, 9999), -9999);
  snprintf(buf + n, sizeof buf - n, "e%d", (int)e);
  return strtod(buf, NULL);
}

static double numDecimalValue(const NumDecimal *d) {
  i64 e = d->exp;
  if (!d->mant) return 0;
  if (d->dropped) return numSlow(d);
  if (d->mant <= NUM_EXACT && e >= -22 && e <= 22) {
    double v = (double)d->mant;
    return e < 0 ? v / numPow10[-e] : v * numPow10[e];
  }
  if (e >= -19 && e <= 0) return numDivide(d->mant, (u32)-e);
  return numSlow(d);
}

/* inf, infinity, nan. */
static bool numWord(const char *p, size_t n, double *out) {
  if (snAsciiEq(p, n, "inf", 3) || snAsciiEq(p, n, "infinity", 8)) {
    *out = HUGE_VAL;
    return true;
  }
  if (snAsciiEq(p, n, "nan", 3)) {
    *out = (double)NAN;
    return true;
  }
  return false;
}

bool snNumReal(const char *p, size_t n, double *out) {
  NumDecimal d;
  bool neg = false;
  double v;
  *out = 0;
  numTrim(&p, &n);
  if (n && (*p == '-' || *p == '+')) {
    neg = *p == '-';
    p++, n--;
  }
  if (!n) return false;
  if (numDigit(*p) || *p == '.') {
    if (!numScan(p, p + n, &d)) return false;
    v = numDecimalValue(&d);
  } else if (!numWord(p, n, &v)) {
    return false;
  }
  *out = neg ? -v : v;
  return true;
}

/* ---- Number to text ----------------------------------------------------- */

/* The digits of v, without a 0 byte. */
static u32 numDigits(u64 v, char *out) {
  char tmp[20];
  u32 n = 0;
  do {
    tmp[n++] = (char)('0' + v % 10);
    v /= 10;
  } while (v);
  for (u32 i = 0; i < n; i++) out[i] = tmp[n - 1 - i];
  return n;
}

u32 snNumIntText(i64 v, char *out) {
  u32 n = 0;
  if (v < 0) out[n++] = '-';
  n += numDigits(v < 0 ? 0 - (u64)v : (u64)v, out + n);
  out[n] = 0;
  return n;
}

/* Decimals of at most 15 digits, without printf: any double has at most one
** such decimal, and v == digits / 10^e is what reading gives. */
static u32 numPlainText(double v, char *out) {
  i64 whole;
  u64 a, unit;
  u32 n = 0, e;
  for (e = 0; e <= 6; e++) {
    if (snNumScaled(v, e, &whole)) break;
  }
  if (e > 6) return 0;
  a = (u64)(whole < 0 ? -whole : whole);
  unit = numInt10[e];
  if (a >= numInt10[15] || (a && a * 10000 < unit)) return 0;
  if (whole < 0) out[n++] = '-';
  n += numDigits(a / unit, out + n);
  out[n++] = '.';
  if (e) {
    for (u32 i = e; i-- > 0; a /= 10) out[n + i] = (char)('0' + a % 10);
    n += e;
  } else {
    out[n++] = '0';
  }
  out[n] = 0;
  return n;
}

/* printf's %.*g with a point in any locale. */
static u32 numPrint(double v, int precision, char *out) {
  char tmp[48];
  u32 n = 0;
  bool point = false;
  snprintf(tmp, sizeof tmp, "%.*g", precision, v);
  for (const char *p = tmp; *p && n < 26; p++) {
    bool plain = numDigit(*p) || *p == '-' || *p == '+' || *p == 'e';
    if (plain) out[n++] = *p;
    else if (!point) out[n++] = '.';
    point = point || !plain;
  }
  out[n] = 0;
  return n;
}

/* Of a text with one digit too many: the decimal one step up without it, when
** that reads back.  Below a power of two doubles lie closer than above, so it
** may, though the nearest decimal of that length does not. */
static u32 numShorter(char *out, u32 n, double v) {
  char tmp[32];
  const char *e = memchr(out, 'e', n);
  u32 digits = e ? (u32)(e - out) : n;
  double back;
  if (digits < 4 || out[digits - 2] < '0' || out[digits - 2] >= '9') return n;
  memcpy(tmp, out, n);
  tmp[digits - 2]++;
  memmove(tmp + digits - 1, tmp + digits, n - digits);
  if (!snNumReal(tmp, n - 1, &back) || back != v) return n;
  memcpy(out, tmp, n - 1);
  out[n - 1] = 0;
  return n - 1;
}

static bool numReads(const char *p, u32 n, double v) {
  double back;
  return snNumReal(p, n, &back) && back == v;
}

u32 snNumRealText(double v, char *out) {
  u32 n;
  int precision = fabs(v) < 2.3e-308 ? 1 : 15;
  if (isnan(v) || isinf(v)) {
    const char *word = isnan(v) ? "nan" : v > 0 ? "inf" : "-inf";
    n = (u32)strlen(word);
    memcpy(out, word, n + 1);
    return n;
  }
  n = numPlainText(v, out);
  if (n) return n;
  do {
    n = numPrint(v, precision, out);
  } while (precision++ < 17 && !numReads(out, n, v));
  n = numShorter(out, n, v);
  if (!memchr(out, '.', n) && !memchr(out, 'e', n)) {
    memcpy(out + n, ".0", 3);
    n += 2;
  }
  return n;
}

/* ---- Doubles as whole numbers ------------------------------------------- */

bool snNumScaled(double v, u32 e, i64 *out) {
  double x, back;
  i64 n;
  *out = 0;
  if (e >= SN_COUNT(numPow10)) return false;
  x = v * numPow10[e];
  if (!(fabs(x) < (double)NUM_EXACT)) return false;
  n = (i64)x;
  if ((double)n != x) n = (i64)(x + (x < 0 ? -0.5 : 0.5));
  back = (double)n / numPow10[e];
  if (memcmp(&back, &v, sizeof v)) return false; /* -0.0 is not 0 */
  *out = n;
  return n < (i64)NUM_EXACT && n > -(i64)NUM_EXACT;
}

double snNumScale(u32 e) {
  assert(e < SN_COUNT(numPow10));
  return numPow10[e];
}

double snNumUnscaled(i64 v, u32 e) {
  return e < SN_COUNT(numPow10) ? (double)v / numPow10[e] : 0;
}

/* ---- Internet addresses ------------------------------------------------- */

/* Four numbers of at most 255 without leading zeros, and nothing behind. */
static bool numIpFour(const char *p, const char *end, u8 out[4]) {
  for (u32 i = 0; i < 4; i++) {
    u32 v = 0, n = 0;
    if (i && (p == end || *p++ != '.')) return false;
    for (; p < end && numDigit(*p) && n < 3; p++, n++) {
      if (n && !v) return false;
      v = v * 10 + (u32)(*p - '0');
    }
    if (!n || v > 255) return false;
    out[i] = (u8)v;
  }
  return p == end;
}

static int numHex(char c) {
  u8 letter = (u8)((c | 0x20) - 'a');
  if (numDigit(c)) return c - '0';
  return letter < 6 ? letter + 10 : -1;
}

/* Groups up to the end or "::"; *k counts bytes.  *gap is set to the byte
** where "::" stood. */
static bool numIpSix(const char *p, const char *end, u8 *out, u32 *k,
    u32 *gap) {
  while (p < end) {
    const char *from = p;
    u32 v = 0;
    if (*p == ':') {
      if (end - p < 2 || p[1] != ':' || *gap <= 16) return false;
      *gap = *k;
      p += 2;
      if (p == end) return true;
      from = p;
    }
    for (; p < end && p - from < 4 && numHex(*p) >= 0; p++) {
      v = v << 4 | (u32)numHex(*p);
    }
    if (p == from) return false;
    if (p < end && *p == '.') {
      if (*k > 12 || !numIpFour(from, end, out + *k)) return false;
      *k += 4;
      return true;
    }
    if (*k > 14) return false;
    out[(*k)++] = (u8)(v >> 8);
    out[(*k)++] = (u8)v;
    if (p == end) return true;
    if (*p != ':' || p + 1 == end) return false;
    if (p[1] != ':') p++;
  }
  return false;
}

bool snIpParse(const char *p, size_t n, u8 out[16]) {
  static const u8 mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255};
  u8 tmp[16] = {0};
  u32 k = 0, gap = 17;
  memset(out, 0, 16);
  numTrim(&p, &n);
  if (!n || n > 45) return false;
  if (numIpFour(p, p + n, tmp)) {
    memcpy(out, mapped, 12);
    memcpy(out + 12, tmp, 4);
    return true;
  }
  memset(tmp, 0, sizeof tmp);
  if (!numIpSix(p, p + n, tmp, &k, &gap)) return false;
  if (gap > 16) {
    if (k != 16) return false;
    memcpy(out, tmp, 16);
    return true;
  }
  if (k > 14) return false;
  memcpy(out, tmp, gap);
  memcpy(out + 16 - (k - gap), tmp + gap, k - gap);
  return true;
}

static u32 numIpFourText(const u8 *ip, char *out) {
  u32 n = 0;
  for (u32 i = 0; i < 4; i++) {
    if (i) out[n++] = '.';
    n += numDigits(ip[i], out + n);
  }
  out[n] = 0;
  return n;
}

/* The longest run of at least two zero groups: [*from, *to) in groups. */
static void numIpGap(const u8 ip[16], u32 *from, u32 *to) {
  *from = *to = 8;
  for (u32 i = 0; i < 8; i++) {
    u32 k = i;
    while (k < 8 && !ip[2 * k] && !ip[2 * k + 1]) k++;
    if (k - i >= 2 && k - i > *to - *from) *from = i, *to = k;
  }
}

u32 snIpText(const u8 ip[16], char out[48]) {
  static const char hex[] = "0123456789abcdef";
  u32 from, to, n = 0;
  bool mapped = ip[10] == 255 && ip[11] == 255;
  for (u32 i = 0; i < 10; i++) mapped = mapped && !ip[i];
  if (mapped) return numIpFourText(ip + 12, out);
  numIpGap(ip, &from, &to);
  for (u32 i = 0; i < 8; i++) {
    u32 v = (u32)ip[2 * i] << 8 | ip[2 * i + 1];
    bool shown = false;
    if (i == from && to > from) {
      out[n++] = ':';
      if (to == 8) out[n++] = ':';
      i = to - 1;
      continue;
    }
    if (i) out[n++] = ':';
    for (int s = 12; s >= 0; s -= 4) {
      u32 d = v >> s & 15;
      shown = shown || d || !s;
      if (shown) out[n++] = hex[d];
    }
  }
  out[n] = 0;
  return n;
}

#undef NUM_EXACT
