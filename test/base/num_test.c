/*
** num_test: numbers and addresses as text, against the C library and against
** numbers whose nearest double is known by construction.
**   1. whole numbers: printed as printf, read as a plain sum in 128 bits;
**      damaged ones and every byte around and inside of a number
**   2. reals: every text over a small alphabet as strtod reads it
**   3. halves: a decimal exactly between two doubles goes to the even one,
**      and a digit more or less decides, on the quick paths and the slow one;
**      long exponents against as many zeros
**   4. printing: comes back bit for bit, no digit too many (powers of two
**      in a test of their own), and in one form only
**   5. scaled numbers: found when one of them reads back, and only then
**   6. addresses: as inet_pton and inet_ntop
*/
#include "base/base.h"
#include <arpa/inet.h>
#include <float.h>

static int num_no, num_failed;
static u64 num_seed = 0x6a09e667f3bcc909ull;

static void numOk(bool good, const char *what) {
  printf("%sok %d - %s\n", good ? "" : "not ", ++num_no, what);
  num_failed += !good;
}

static u64 numRoll(void) {
  num_seed ^= num_seed << 13;
  num_seed ^= num_seed >> 7;
  num_seed ^= num_seed << 17;
  return num_seed * 0x9e3779b97f4a7c15ull;
}

static u32 numBelow(u32 n) { return (u32)((numRoll() >> 32) % n); }

/* Says which text went wrong, the first few times; false. */
static bool numWrong(const char *what, const char *p, size_t n) {
  static u32 said;
  if (said++ < 20) printf("# %s: '%.*s'\n", what, (int)SN_MIN(n, 90u), p);
  return false;
}

static bool numSame(double a, double b) { return !memcmp(&a, &b, sizeof a); }

/* ---- 1. whole numbers --------------------------------------------------- */

/* What a text of n bytes is: a sign or none, digits, and blanks around. */
static bool numIntModel(const char *p, size_t n, i64 *out) {
  static const char blanks[] = " \t\n\v\f\r";
  i128 v = 0, top = (i128)1 << 63;
  bool neg;
  *out = 0;
  while (n && *p && strchr(blanks, *p)) p++, n--;
  while (n && p[n - 1] && strchr(blanks, p[n - 1])) n--;
  neg = n && *p == '-';
  if (n && (*p == '-' || *p == '+')) p++, n--;
  if (!n) return false;
  for (; n; p++, n--) {
    if (*p < '0' || *p > '9') return false;
    v = SN_MIN(v * 10 + (*p - '0'), top + 1);
  }
  if (neg) v = -v;
  if (v >= top || v < -top) return false;
  *out = (i64)v;
  return true;
}

/* Reads from memory of the exact size. */
static bool numIntAs(const char *text, size_t n) {
  char *p = malloc(n ? n : 1);
  i64 got = 77, want;
  bool good;
  if (!p) exit(2);
  memcpy(p, text, n);
  good = numIntModel(text, n, &want) == snNumInt(p, n, &got) && got == want;
  free(p);
  return good || numWrong("whole number", text, n);
}

static void numTestInts(void) {
  static const char signs[] = "+-0123456789 \t.eEx_,'\xc2\xa0";
  bool prints = true, reads = true, hurt = true, bytes = true;
  for (u32 k = 0; k < 100000; k++) {
    i64 v = (i64)numRoll() >> numBelow(64), back;
    char got[32], want[80];
    int n, zeros = (int)(k % 3 ? 0 : numBelow(30)), len;
    if (k < 64) v = (i64)((u64)1 << k);
    else if (k < 128) v = (i64)(((u64)1 << (k - 64)) - 1);
    if (k & 1) v = (i64)(0 - (u64)v);
    n = snprintf(want, sizeof want, "%lld", (long long)v);
    memset(got, '#', sizeof got);
    prints = prints && snNumIntText(v, got) == (u32)n && !strcmp(got, want);
    reads = reads && snNumInt(got, (size_t)n, &back) && back == v;
    len = snprintf(want, sizeof want, "%s%0*d%s%s", v < 0 ? "-" : "+", zeros,
        0, got + (v < 0), k % 5 ? "" : "7");
    reads = reads && numIntAs(want, (size_t)len);
    want[numBelow((u32)len)] = signs[numBelow(sizeof signs)];
    hurt = hurt && numIntAs(want, (size_t)len);
    hurt = hurt && numIntAs(want, numBelow((u32)len));
  }
  for (u32 c = 0; c < 256; c++) {
    char text[4] = {'1', '2', '3', (char)c};
    for (u32 at = 4; at-- > 0;) {
      bytes = bytes && numIntAs(text, 4);
      if (at) text[at] = text[at - 1], text[at - 1] = (char)c;
    }
  }
  for (u32 n = 17; n <= 24; n++) { /* the last digits of each length */
    char text[32];
    memset(text, '9', n);
    hurt = hurt && numIntAs(text, n);
    memcpy(text, "-9223372036854775800000", 23);
    for (u32 k = 0; k < 100; k++) {
      text[18] = (char)('0' + k / 10), text[19] = (char)('0' + k % 10);
      hurt = hurt && numIntAs(text, n) && numIntAs(text + 1, n - 1);
    }
  }
  numOk(prints, "whole: printed as printf does");
  numOk(reads, "whole: read back, with sign and zeros before");
  numOk(hurt, "whole: damaged, cut and at the limits");
  numOk(bytes, "whole: every byte at every place");
}

/* ---- 2. reals ----------------------------------------------------------- */

/* As strtod, but the whole text, and no hexadecimal. */
static bool numRealAs(const char *text, size_t n) {
  char copy[100], *p = copy, *end;
  double got = 77, want;
  bool is;
  memcpy(copy, text, n);
  for (; n && copy[n - 1] && strchr(" \t\n\v\f\r", copy[n - 1]); n--) {}
  copy[n] = 0;
  want = strtod(p, &end);
  is = n && end == copy + n && !strpbrk(copy, "xX(");
  if (snNumReal(text, n, &got) != is) return numWrong("real", copy, n);
  if (!is) return numSame(got, 0.0) || numWrong("left over", copy, n);
  return numSame(got, want) || (isnan(got) && isnan(want)) ||
      numWrong("value", copy, n);
}

static void numTestReals(void) {
  static const struct NumSet { const char *letters; u32 most; } sets[] = {
      {"019.eE+- ", 6}, {"-iInNfF ", 5}, {"0xX1pP.aA", 5}};
  static const char *const words[] = {"inf", "INF", "iNf", "infinity",
      "Infinity", "INFINITY", "nan", "NaN", "NAN", "infin", "infinityx",
      "in", "nanx", "na", "infinit", "inf inity", "nan0", "inf.", "1inf",
      "0x1p3", "0X10", "0x", "0x1.8", "1e5f", "1d5", "1.0f", "1e 5", "1 e5"};
  bool good = true;
  char text[100];
  for (u32 s = 0; s < SN_COUNT(sets); s++) {
    u32 base = (u32)strlen(sets[s].letters);
    for (u32 n = 0, all = 1; n <= sets[s].most; n++, all *= base) {
      for (u32 k = 0; k < all && good; k++) {
        for (u32 i = 0, rest = k; i < n; i++, rest /= base) {
          text[i] = sets[s].letters[rest % base];
        }
        good = numRealAs(text, n);
      }
    }
  }
  numOk(good, "reals: every text over small alphabets");
  good = true;
  for (u32 i = 0; i < SN_COUNT(words); i++) {
    for (u32 k = 0; k < 4; k++) {
      int n = snprintf(text, sizeof text, "%s%s%s", k & 1 ? "-" : "",
          words[i], k & 2 ? " \n" : "");
      good = numRealAs(text, (size_t)n) && good;
    }
  }
  numOk(good, "reals: words");
}

/* ---- 3. halves ---------------------------------------------------------- */

static bool numReadsAs(const char *text, size_t n, double want) {
  double got;
  return (snNumReal(text, n, &got) && numSame(got, want)) ||
      numWrong("half", text, n);
}

/* m / 2^j for an odd m of 54 bits: half way between its neighbours, of which
** the one with an even half is the double.  With 5^j it is a decimal of a few
** digits, which the quick paths take. */
static void numTestQuickHalves(void) {
  bool good = true;
  for (u32 k = 0; k < 60000; k++) {
    u64 m = (numRoll() >> 11) | 1ull << 53 | 1, digits = m, even;
    u32 j = numBelow(4), zeros = numBelow(3);
    char text[64];
    int n, at;
    double low = ldexp((double)(m - 1), -(int)j);
    double high = ldexp((double)(m + 1), -(int)j);
    for (u32 i = 0; i < j; i++) digits *= 5; /* below 2^61 */
    even = (m - 1) / 2 % 2 ? m + 1 : m - 1;
    n = snprintf(text, sizeof text, "%llue-%u", (unsigned long long)digits, j);
    good = good && numReadsAs(text, (size_t)n, ldexp((double)even, -(int)j));
    n = snprintf(text, sizeof text, "%llu", (unsigned long long)digits);
    at = n - (int)j;
    memmove(text + at + 1, text + at, j); /* the point where it belongs */
    text[at] = '.';
    memset(text + n + 1, '0', zeros);
    n += 1 + (int)zeros;
    good = good && numReadsAs(text, (size_t)n, ldexp((double)even, -(int)j));
    text[n] = '1';
    good = good && numReadsAs(text, (size_t)n + 1, high);
    n = snprintf(text, sizeof text, "%llu9e-%u",
        (unsigned long long)digits - 1, j + 1);
    good = good && numReadsAs(text, (size_t)n, low);
  }
  numOk(good, "halves: of a few digits");
  good = true;
  for (u32 k = 0; k < 60000; k++) { /* a bit or a rest far behind the half */
    u64 m = (numRoll() >> 11) | 1ull << 53 | 1;
    char text[64];
    int n = snprintf(text, sizeof text, "%llue%d",
        (unsigned long long)(m << 5 | 1) * (k & 1 ? 5 : 1), k & 1 ? -1 : 0);
    good = good && numReadsAs(text, (size_t)n,
        ldexp((double)(m + 1), k & 1 ? 4 : 5));
    n = snprintf(text, sizeof text, "0.%019llu",
        (unsigned long long)(numRoll() % 10000000000000000000ull));
    good = good && numReadsAs(text, (size_t)n, strtod(text, NULL));
  }
  numOk(good, "halves: decided far behind");
}

/* Exponents that are longer than any double, taken back by zeros. */
static void numTestZeros(void) {
  static char text[12400];
  bool good = true;
  for (u32 zeros = 200; zeros < 12345; zeros += 1735) {
    int n;
    memset(text, '0', sizeof text);
    memcpy(text, "0.", 2);
    n = (int)zeros + 2 + snprintf(text + zeros + 2, 32, "125e%u", zeros + 1);
    good = good && numReadsAs(text, (size_t)n, 1.25);
    memset(text, '0', sizeof text);
    memcpy(text, "125", 3);
    n = (int)zeros + 3 + snprintf(text + zeros + 3, 32, "e-%u", zeros + 2);
    good = good && numReadsAs(text, (size_t)n, 1.25);
  }
  numOk(good, "halves: zeros against exponents");
}

/* Half way between any double and the next, all its digits written out. */
static void numTestLongHalves(void) {
  static const u64 hard[] = {0, 1, 2, 0x000fffffffffffff, 0x0010000000000000,
      0x7feffffffffffffe, 0x7fe0000000000000, 0x3fefffffffffffff,
      0x3ff0000000000000, 0x433fffffffffffff, 0x0000000000000003};
  bool good = true;
  static char text[1200];
  for (u32 k = 0; k < 2000 && LDBL_MANT_DIG > DBL_MANT_DIG; k++) {
    u64 bits = k < SN_COUNT(hard) ? hard[k] : numRoll() >> 1;
    double v, next;
    char *e;
    size_t n, last;
    if (k % 9 == 0 && k >= SN_COUNT(hard)) bits >>= 11 + numBelow(50);
    if (bits >= 0x7fefffffffffffff) continue;
    memcpy(&v, &bits, 8);
    next = nextafter(v, HUGE_VAL);
    n = (size_t)snprintf(text, sizeof text, "%.1100Le",
        ((long double)v + (long double)next) / 2);
    e = strchr(text, 'e');
    good = good && numReadsAs(text, n, bits & 1 ? next : v);
    if (e[-1] != '0') continue; /* no room behind the last digit */
    e[-1] = '1';
    good = good && numReadsAs(text, n, next);
    for (last = (size_t)(e - text) - 2; text[last] == '0'; last--) {}
    text[last]--;
    memset(text + last + 1, '9', (size_t)(e - text) - last - 1);
    good = good && numReadsAs(text, n, v);
    v = -v;
    memmove(text + 1, text, n);
    text[0] = '-';
    good = good && numReadsAs(text, n + 1, v);
  }
  numOk(good, LDBL_MANT_DIG > DBL_MANT_DIG
      ? "halves: between any two doubles"
      : "halves: between any two # SKIP long double is no longer");
  /* 2^1024 - 2^970 is half way from the largest double to none. */
  numOk(numReadsAs("1.7976931348623158079372897140530341507993e308", 46,
          DBL_MAX) && numReadsAs("1.7976931348623158079372897140530341507994"
          "e308", 46, HUGE_VAL) && numReadsAs("-2.4703282292062327e-324", 24,
          -0.0) && numReadsAs("2.4703282292062328e-324", 23, 5e-324),
      "halves: at both ends");
}

/* ---- 4. printing -------------------------------------------------------- */

/* The digits that count: from the first to the last that is not 0. */
static u32 numDigits(const char *p) {
  u32 n = 0, last = 0;
  for (; *p && *p != 'e'; p++) {
    if (*p < '0' || *p > '9') continue;
    n += n || *p != '0';
    if (*p != '0') last = n;
  }
  return last;
}

/* -digits.digits with an exponent or none: no empty part, no zeros that say
** nothing, two digits of exponent at least. */
static bool numForm(const char *p) {
  u32 whole, part = 0, exp = 0;
  const char *from = p += *p == '-';
  whole = (u32)strspn(p, "0123456789");
  p += whole;
  if (!whole || (whole > 1 && *from == '0')) return false;
  if (*p == '.') {
    part = (u32)strspn(++p, "0123456789");
    p += part;
    if (!part || (p[-1] == '0' && (part > 1 || *p == 'e'))) return false;
  }
  if (*p == 'e') {
    exp = (u32)strspn(p + 2, "0123456789");
    if (whole > 1 || *from == '0' || (p[1] != '+' && p[1] != '-')) return false;
    if (exp < 2 || exp > 3 || (exp == 3 && p[2] == '0')) return false;
    p += 2 + exp;
  }
  return !*p && (part || exp);
}

static bool numPrints(double v) {
  char out[32], text[40];
  u64 bits;
  double back;
  u32 n, digits;
  memset(out, '#', sizeof out);
  n = snNumRealText(v, out);
  snprintf(text, sizeof text, "%.17g", v);
  memcpy(&bits, &v, 8);
  if (n >= 26 || out[n] || strlen(out) != n) return numWrong("size", out, n);
  if (!numForm(out)) return numWrong("form", out, n);
  if (!snNumReal(out, n, &back) || !numSame(back, v) ||
      !numSame(strtod(out, NULL), v)) {
    return numWrong("not back", out, n);
  }
  if (!snNumReal(text, strlen(text), &back) || !numSame(back, v)) {
    return numWrong("17 digits", text, strlen(text));
  }
  digits = numDigits(out);
  if (digits > 17) return numWrong("digits", out, n);
  /* Another decimal of fewer digits is never nearer than the one printf
  ** rounds to; below a power of two, where doubles lie closer, it may read
  ** back all the same. */
  if (digits < 2 || !(bits << 12)) return true;
  snprintf(text, sizeof text, "%.*e", (int)digits - 2, v);
  return strtod(text, NULL) != v || numWrong("too long", out, n);
}

/* The decimal of n digits that is nearest, or the next one above, when it
** reads back as v. */
static bool numReadsShort(double v, int n, char *text) {
  char *e;
  snprintf(text, 40, "%.*e", n - 1, v);
  if (strtod(text, NULL) == v) return true;
  e = strchr(text, 'e');
  if (n < 2 || e[-1] == '9') return false; /* none such is needed */
  e[-1]++;
  return strtod(text, NULL) == v;
}

/* Below a power of two doubles lie closer than above it, so that a decimal
** above may read back though printf rounds to another one of as many digits,
** which does not. */
static void numTestPowers(void) {
  bool good = true;
  for (int e = -1074; e < 1024; e++) {
    double v = ldexp(1, e);
    char out[32], text[40];
    u32 n = snNumRealText(v, out), digits = numDigits(out);
    if (digits < 2 || !numReadsShort(v, (int)digits - 1, text)) continue;
    good = numWrong(text, out, n);
  }
  numOk(good, "printing: powers of two as short as can be");
}

static void numTestPrint(void) {
  bool any = true, near = true, decimal = true, small = true;
  for (u32 k = 0; k < 120000; k++) {
    u64 bits = numRoll();
    double v;
    memcpy(&v, &bits, 8);
    if (isfinite(v)) any = any && numPrints(v);
    v = ldexp(1, (int)(k % 2098) - 1074);
    if (k >= 2098) v = (double)(1ll << numBelow(63)) * pow(10, numBelow(280));
    v = k & 1 ? nextafter(v, 0) : k & 2 ? nextafter(v, HUGE_VAL) : -v;
    if (isfinite(v)) near = near && numPrints(v);
    v = (double)(i64)(bits >> numBelow(60) >> 4) / pow(10, numBelow(23));
    decimal = decimal && numPrints(v);
    bits >>= 12 + numBelow(52);
    memcpy(&v, &bits, 8);
    small = small && numPrints(v);
  }
  numOk(any, "printing: any bits");
  numOk(near, "printing: beside powers of two and of ten");
  numOk(decimal, "printing: decimals");
  numOk(small, "printing: numbers below the normal ones");
}

/* ---- 5. scaled ---------------------------------------------------------- */

/* Below 2^51 the product misses the number by less than a half, so that it
** is found whenever there is one; above, when the product hits it. */
static void numTestScaled(void) {
  bool good = true;
  u32 yes = 0;
  for (u32 k = 0; k < 150000; k++) {
    u32 e = numBelow(24);
    i64 m = (i64)numRoll() >> (10 + numBelow(50)), got = 77;
    double v = (double)m / pow(10, e < 23 ? e : 3), guess;
    bool is = false, found;
    if (k % 3 == 1) v = nextafter(v, k & 4 ? HUGE_VAL : -HUGE_VAL);
    if (k % 3 == 2) v *= 10;
    found = snNumScaled(v, e, &got);
    guess = v * pow(10, e);
    for (i64 d = -1; d <= 1 && e < 23 && fabs(guess) < 0x1p51; d++) {
      is = is || numSame((double)(llrint(guess) + d) / pow(10, e), v);
    }
    yes += is;
    good = good && (found || !is);
    if (found) {
      good = good && e < 23 && llabs(got) < 1ll << 53 &&
          numSame((double)got / pow(10, e), v) &&
          numSame(snNumUnscaled(got, e), v);
    } else {
      good = good && !got;
    }
  }
  numOk(good && yes > 40000 && yes < 140000, "scaled: found, and only then");
}

/* ---- 6. addresses ------------------------------------------------------- */

static bool numIpAs(const char *text, size_t n) {
  char copy[64];
  u8 want[16] = {0}, got[16];
  bool is;
  memcpy(copy, text, n);
  copy[n] = 0;
  is = strlen(copy) == n && inet_pton(AF_INET, copy, want + 12) == 1;
  if (is) memset(want + 10, 255, 2);
  else memset(want, 0, 16);
  is = is || (strlen(copy) == n && inet_pton(AF_INET6, copy, want) == 1);
  if (!is) memset(want, 0, 16);
  return (snIpParse(text, n, got) == is && !memcmp(got, want, 16)) ||
      numWrong("address", copy, n);
}

static void numTestIp(void) {
  static const char letters[] = "0123456789abcdefABCDEF:::....g";
  bool prints = true, reads = true, hurt = true;
  for (u32 k = 0; k < 60000; k++) {
    u8 ip[16];
    char want[64], got[48];
    u32 n, at, zeros = (u32)numRoll();
    for (u32 i = 0; i < 16; i++) {
      ip[i] = zeros >> i / 2 & 1 ? 0 : (u8)(numRoll() >> numBelow(60));
    }
    if (k % 4 == 0) {
      memset(ip, 0, 10);
      memset(ip + 10, 255, 2);
      inet_ntop(AF_INET, ip + 12, want, sizeof want);
    } else {
      ip[0] |= 1; /* the library has other forms for zeros before four bytes */
      inet_ntop(AF_INET6, ip, want, sizeof want);
    }
    n = snIpText(ip, got);
    prints = prints && n == strlen(got) && (!strcmp(got, want) ||
        numWrong("printed", got, n));
    reads = reads && numIpAs(got, n);
    for (u32 i = 0; i < 4; i++) {
      at = numBelow(n);
      got[at] = letters[numBelow(sizeof letters - 1)];
      if (i == 3) memmove(got + at, got + at + 1, n - at);
      hurt = hurt && numIpAs(got, i == 3 ? n - 1 : n);
    }
    if (k < 48) reads = reads && numIpAs("1:22:333:4444:5:6:77.88.99.100", k %
        31);
  }
  numOk(prints, "addresses: as inet_ntop");
  numOk(reads, "addresses: read back, and cut");
  numOk(hurt, "addresses: damaged, as inet_pton");
}

int main(void) {
  numTestInts();
  numTestReals();
  numTestQuickHalves();
  numTestLongHalves();
  numTestZeros();
  numTestPrint();
  numTestPowers();
  numTestScaled();
  numTestIp();
  printf("1..%d\n", num_no);
  return num_failed != 0;
}
