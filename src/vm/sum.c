/*
** sum: sums of doubles that do not depend on the order of the additions,
** since nothing is rounded before the end.
**
** A sum is a number in base 2^32.  Digit k of the whole line counts
** 2^(32 k - 1088); a double touches three digits next to each other, and the
** largest one digit 66.  Only the digits between the lowest and the highest
** ever touched are kept: digit[0] is number `low` of the line.
**
** (1) The value is the sum of digit[i] * 2^(32 (low + i) - 1088), whatever
**     signs and carries the 64-bit slots hold.
** (2) No slot is beyond SUM_PENDING * 2^32 + 2^33 in size: after SUM_PENDING
**     additions the carries are settled, and then every slot but the highest
**     is in [0, 2^32) and that one is below 2^32 in size.
** (3) digit is NULL while the digits lie in first[]: an ExactSum may be moved
**     in memory.
** (4) NaN and infinities are counted apart, so that they can be taken out
**     again.
*/
#include "vm/vm.h"

#define SUM_BIAS    1088
#define SUM_DIGITS  72         /* more than any sum has */
#define SUM_PENDING (1u << 28)
#define SUM_LOW     0xffffffffll

void snSumInit(ExactSum *s, Budget *b) {
  memset(s, 0, sizeof *s);
  s->cap = SN_COUNT(s->first);
  s->budget = b;
}

void snSumClear(ExactSum *s) {
  snMemFree(s->digit);
  snSumInit(s, s->budget);
}

static inline i64 *sumDigits(ExactSum *s) {
  return s->digit ? s->digit : s->first;
}

static int sumRoom(ExactSum *s, u32 n) {
  u32 cap = SN_MIN(SN_MAX(n + 2, s->cap * 2), (u32)SUM_DIGITS);
  i64 *d;
  assert(n <= SUM_DIGITS);
  if (n <= s->cap) return SEINE_OK;
  d = snMemRealloc(s->budget, s->digit, cap * sizeof *d);
  if (!d) return SN_NOMEM;
  if (!s->digit) memcpy(d, s->first, sizeof s->first);
  s->digit = d;
  s->cap = cap;
  return SEINE_OK;
}

/* Makes digits from .. to - 1 of the line part of the sum. */
static int sumCover(ExactSum *s, i32 from, i32 to) {
  u32 down, n;
  i64 *d;
  int rc;
  if (!s->n) s->low = from;
  from = SN_MIN(from, s->low);
  to = SN_MAX(to, s->low + (i32)s->n);
  down = (u32)(s->low - from);
  n = (u32)(to - from);
  rc = sumRoom(s, n);
  if (rc) return rc;
  d = sumDigits(s);
  if (down) memmove(d + down, d, s->n * sizeof *d);
  memset(d, 0, down * sizeof *d);
  memset(d + down + s->n, 0, (n - down - s->n) * sizeof *d);
  s->low = from;
  s->n = n;
  return SEINE_OK;
}

/* Moves carries up.  The rest stays in the highest digit, with its sign. */
static void sumCarry(i64 *d, u32 n) {
  for (u32 i = 0; i + 1 < n; i++) {
    d[i + 1] += d[i] >> 32;
    d[i] &= SUM_LOW;
  }
}

static int sumSettle(ExactSum *s) {
  i64 *d = sumDigits(s), top;
  int rc;
  sumCarry(d, s->n);
  s->pending = 0;
  top = s->n ? d[s->n - 1] >> 32 : 0;
  if (top == 0 || top == -1) return SEINE_OK;
  rc = sumCover(s, s->low, s->low + (i32)s->n + 1);
  if (!rc) sumCarry(sumDigits(s), s->n);
  return rc;
}

static int sumOdd(ExactSum *s, double v, u32 by) {
  if (isnan(v)) s->nan += by;
  else if (v > 0) s->pinf += by;
  else s->ninf += by;
  return SEINE_OK;
}

/* A finite value. */
static int sumAddFinite(ExactSum *s, double v) {
  u64 bits, m, low, high;
  i64 sign, *d;
  i32 e, at;
  u32 shift;
  int rc;
  memcpy(&bits, &v, 8);
  m = bits & ((1ull << 52) - 1);
  e = (i32)(bits >> 52 & 0x7ff);
  if (e) m |= 1ull << 52;
  else e = 1;
  if (!m) return SEINE_OK;
  e += SUM_BIAS - 1075;
  at = e >> 5;
  shift = (u32)e & 31;
  if (SN_UNLIKELY(s->pending >= SUM_PENDING)) {
    rc = sumSettle(s);
    if (rc) return rc;
  }
  if (SN_UNLIKELY(!s->n || at < s->low || at + 3 > s->low + (i32)s->n)) {
    rc = sumCover(s, at, at + 3);
    if (rc) return rc;
  }
  low = m << shift;
  high = shift ? m >> (64 - shift) : 0;
  sign = (i64)bits >> 63; /* -1: (x ^ sign) - sign is -x */
  d = sumDigits(s) + (at - s->low);
  d[0] += ((i64)(low & 0xffffffffu) ^ sign) - sign;
  d[1] += ((i64)(low >> 32) ^ sign) - sign;
  d[2] += ((i64)high ^ sign) - sign;
  s->pending++;
  return SEINE_OK;
}

int snSumAdd(ExactSum *s, double v) {
  return isfinite(v) ? sumAddFinite(s, v) : sumOdd(s, v, 1);
}

int snSumSub(ExactSum *s, double v) {
  return isfinite(v) ? sumAddFinite(s, -v) : sumOdd(s, v, ~0u);
}

/* The digits, settled into a place that has room for every carry, and no more
** of them than the value needs: a sign that stands alone goes down into the
** next digit, or merging to and fro would make them ever more.  Their
** number; the highest one has the sign. */
static u32 sumCopy(const ExactSum *s, i64 out[SUM_DIGITS]) {
  u32 n = s->n;
  assert(n <= SUM_DIGITS - 2);
  memcpy(out, s->digit ? s->digit : s->first, n * sizeof *out);
  out[n] = out[n + 1] = 0;
  sumCarry(out, n + 2);
  for (n += 2; n > 1 && (!out[n - 1] || out[n - 1] == -1); n--) {
    if (out[n - 1]) out[n - 2] -= SUM_LOW + 1;
  }
  return n;
}

int snSumMerge(ExactSum *s, const ExactSum *other) {
  i64 digit[SUM_DIGITS], *d;
  u32 n;
  int rc;
  if (other->n) {
    n = sumCopy(other, digit);
    rc = s->pending >= SUM_PENDING ? sumSettle(s) : SEINE_OK;
    if (!rc) rc = sumCover(s, other->low, other->low + (i32)n);
    if (rc) return rc;
    d = sumDigits(s) + (other->low - s->low);
    for (u32 i = 0; i < n; i++) d[i] += digit[i];
    s->pending++;
  }
  s->nan += other->nan;
  s->pinf += other->pinf;
  s->ninf += other->ninf;
  return SEINE_OK;
}

/* The double nearest to (x + a bit when rest) * 2^e; x has bits beyond 53,
** or rest is false. */
static double sumRound(unsigned __int128 x, i32 e, bool rest) {
  u64 high = (u64)(x >> 64), q;
  i32 bits = high ? 128 - __builtin_clzll(high)
      : 64 - __builtin_clzll((u64)x | 1);
  i32 drop = SN_MAX(bits - 53, -1074 - e);
  unsigned __int128 half, part;
  if (drop <= 0) return ldexp((double)(u64)x, e);
  half = (unsigned __int128)1 << (drop - 1);
  part = x & (2 * half - 1);
  q = (u64)(x >> drop);
  if (part > half || (part == half && (rest || (q & 1)))) q++;
  return ldexp((double)q, e + drop);
}

double snSumGet(ExactSum *s) {
  i64 d[SUM_DIGITS];
  unsigned __int128 x = 0;
  u32 n;
  i32 at;
  double v;
  bool minus, rest = false;
  if (s->nan || (s->pinf && s->ninf)) return (double)NAN;
  if (s->pinf || s->ninf) return s->pinf ? HUGE_VAL : -HUGE_VAL;
  n = sumCopy(s, d);
  minus = d[n - 1] < 0;
  if (minus) {
    for (u32 i = 0; i < n; i++) d[i] = -d[i];
    sumCarry(d, n);
  }
  while (n > 1 && !d[n - 1]) n--;
  for (u32 i = 0; i < 3; i++) x = x << 32 | (u64)(i < n ? d[n - 1 - i] : 0);
  for (u32 i = 3; i < n; i++) rest = rest || d[n - 1 - i];
  if (!x) return 0.0;
  at = s->low + (i32)n - 3;
  v = sumRound(x, 32 * at - SUM_BIAS, rest);
  return minus ? -v : v;
}

#undef SUM_BIAS
#undef SUM_DIGITS
#undef SUM_PENDING
#undef SUM_LOW
