/*
** calendar_test: the calendar against one that goes from day to day, and text
** forms against their shapes.
**   1. a walk over 20,200 years: day numbers as text, every part of a date,
**      and the begin of its week, month, quarter, year, decade, century
**   2. months added and taken away; a day too many is the last of its month
**   3. buckets of any width and origin, by what a bucket is
**   4. forms of time: all that are documented, then cut and damaged, accepted
**      and valued as their shape says; no digit may become something else
**   5. printing: strftime of the C library; microseconds; years of 5 digits
**   6. units by all their names; intervals as sums
*/
#include "base/base.h"
#include <time.h>

#define CALENDAR_DAY   86400000000ll
/* The years of the walk.  What began before it is known a century later. */
#define CALENDAR_FROM  (-10100)
#define CALENDAR_YEARS 20200

static int calendar_no, calendar_failed;
static u64 calendar_seed = 0x3c6ef372fe94f82bull;
/* Day number of the first of each month, found by the walk. */
static i64 calendar_month[CALENDAR_YEARS * 12 + 1];

static void calendarOk(bool good, const char *what) {
  printf("%sok %d - %s\n", good ? "" : "not ", ++calendar_no, what);
  calendar_failed += !good;
}

static u64 calendarRoll(void) {
  calendar_seed ^= calendar_seed << 13;
  calendar_seed ^= calendar_seed >> 7;
  calendar_seed ^= calendar_seed << 17;
  return calendar_seed * 0x9e3779b97f4a7c15ull;
}

static i64 calendarBelow(i64 n) {
  return (i64)((calendarRoll() >> 32) % (u64)n);
}

/* Says what went wrong, the first few times; false. */
static bool calendarWrong(const char *what, const char *text, i64 v) {
  static u32 said;
  if (said++ < 20) printf("# %s: %s %lld\n", what, text, (long long)v);
  return false;
}

/* ---- 1. the walk -------------------------------------------------------- */

static i64 calendarMonthDays(i64 y, i64 m) {
  if (m == 2) return y % 400 == 0 || (y % 4 == 0 && y % 100) ? 29 : 28;
  return m == 4 || m == 6 || m == 9 || m == 11 ? 30 : 31;
}

/* A day, and the days on which what it lies in began. */
typedef struct CalendarDay {
  i64 number, y, m, d, doy, isodow, week, isoyear;
  i64 monday, month, quarter, year, isostart, decade, century;
} CalendarDay;

static void calendarNext(CalendarDay *c) {
  i64 thursday;
  c->number++;
  c->doy++;
  if (++c->d > calendarMonthDays(c->y, c->m)) {
    c->d = 1;
    c->month = c->number;
    if (++c->m > 12) {
      c->m = c->doy = 1;
      c->y++;
      c->year = c->number;
      if (c->y % 10 == 0) c->decade = c->number;
      if (c->y % 100 == 1 || c->y % 100 == -99) c->century = c->number;
    }
    if (c->m % 3 == 1) c->quarter = c->number;
  }
  if (++c->isodow < 8) return;
  c->isodow = 1;
  c->monday = c->number;
  c->week++;
  thursday = c->y + (c->m == 12 && c->d + 3 > 31);
  if (thursday == c->isoyear) return;
  c->isoyear = thursday; /* a week is of the year of its Thursday */
  c->week = 1;
  c->isostart = c->number;
}

static bool calendarParts(const CalendarDay *c, i64 us) {
  const i64 want[][2] = {{DATE_YEAR, c->y}, {DATE_MONTH, c->m},
      {DATE_DAY, c->d}, {DATE_DOY, c->doy}, {DATE_ISODOW, c->isodow},
      {DATE_DOW, c->isodow % 7}, {DATE_WEEK, c->week},
      {DATE_ISOYEAR, c->isoyear}, {DATE_QUARTER, (c->m + 2) / 3},
      {DATE_EPOCH, c->number * 86400 + us / 1000000},
      {DATE_CENTURY, c->y > 0 ? (c->y + 99) / 100 : -((99 - c->y) / 100)}};
  for (u32 i = 0; i < SN_COUNT(want) - (c->y < 1); i++) {
    i64 at = c->number * CALENDAR_DAY + us;
    if (snDatePart((DateUnit)want[i][0], at) != want[i][1]) {
      return calendarWrong("part", "of day", c->number);
    }
  }
  return true;
}

static bool calendarStarts(const CalendarDay *c, i64 us) {
  const i64 want[][2] = {{DATE_DAY, c->number}, {DATE_WEEK, c->monday},
      {DATE_MONTH, c->month}, {DATE_QUARTER, c->quarter},
      {DATE_YEAR, c->year}, {DATE_ISOYEAR, c->isostart},
      {DATE_DECADE, c->decade}, {DATE_CENTURY, c->century}};
  for (u32 i = 0; i < SN_COUNT(want); i++) {
    DateUnit u = (DateUnit)want[i][0];
    i64 at = c->number * CALENDAR_DAY + us;
    if (snDateTrunc(u, at) != want[i][1] * CALENDAR_DAY) {
      return calendarWrong("start", "of day", c->number);
    }
  }
  return true;
}

/* Each decade and century has a number of its own, and they rise. */
static bool calendarRises(const CalendarDay *c) {
  i64 at = c->number * CALENDAR_DAY;
  i64 decade = snDatePart(DATE_DECADE, at), age = snDatePart(DATE_CENTURY, at);
  i64 old = snDatePart(DATE_DECADE, at - 1);
  i64 before = snDatePart(DATE_CENTURY, at - 1);
  bool good = decade * 10 == c->y - ((c->y % 10 + 10) % 10);
  good = good && decade - old == (c->decade == c->number);
  if (c->century != c->number) return good && age == before;
  return good && age > before;
}

static void calendarTestWalk(void) {
  CalendarDay c = {0, CALENDAR_FROM, 1, 1, 1, 1, 1, CALENDAR_FROM, 0, 0, 0, 0,
      0, 0, 0};
  bool text = true, part = true, start = true, rise = true;
  i64 days;
  for (i64 y = CALENDAR_FROM; y < 1970; y++) {
    c.number -= calendarMonthDays(y, 2) + 337;
  }
  c.monday = c.month = c.quarter = c.year = c.isostart = c.decade =
      c.century = c.number;
  /* 1970 began on a Thursday, and weeks go on for ever. */
  c.isodow = ((c.number + 3) % 7 + 7) % 7 + 1;
  calendar_month[0] = c.number;
  while (c.y < CALENDAR_FROM + CALENDAR_YEARS) {
    char want[32], got[32];
    u64 roll = calendarRoll();
    if (c.d == 1) {
      calendar_month[(c.y - CALENDAR_FROM) * 12 + c.m - 1] = c.number;
    }
    if (roll % 16 == 0 || c.doy < 9 || c.doy > 358 || c.d == 1 ||
        (c.m == 2 && c.d > 27)) {
      int n = snprintf(want, sizeof want, "%s%04lld-%02lld-%02lld",
          c.y < 0 ? "-" : "", llabs(c.y), (long long)c.m, (long long)c.d);
      bool read = snDateParse(want, (size_t)n, &days);
      i64 us = (i64)(roll % (u64)CALENDAR_DAY);
      text = text && snDateText(c.number, got) == (u32)n &&
          !strcmp(got, want);
      text = text && read == (llabs(c.y) < 10000) &&
          days == (read ? c.number : 0);
      if (c.y >= CALENDAR_FROM + 101) {
        part = part && calendarParts(&c, us);
        start = start && calendarStarts(&c, us);
        rise = rise && calendarRises(&c);
      }
    }
    calendarNext(&c);
  }
  calendar_month[CALENDAR_YEARS * 12] = c.number;
  calendarOk(text, "walk: text of every day, and its number");
  calendarOk(part, "walk: parts of a date");
  calendarOk(start, "walk: begins");
  calendarOk(rise, "walk: decades and centuries");
  calendarOk(snDateParse("1970-01-01", 10, &days) && !days &&
      calendar_month[(1970 - CALENDAR_FROM) * 12] == 0, "walk: the epoch");
}

/* ---- 2. months ---------------------------------------------------------- */

/* Index of a month, from year 0. */
static i64 calendarIndex(i64 y, i64 m) { return y * 12 + m - 1; }

static i64 calendarFirst(i64 index) {
  return calendar_month[index - CALENDAR_FROM * 12];
}

static i64 calendarFloor(i64 a, i64 b) {
  return a / b - (a % b != 0 && (a < 0) != (b < 0));
}

/* Day d of a month, or its last one, as microseconds. */
static i64 calendarAt(i64 index, i64 d, i64 us) {
  i64 days = calendarFirst(index + 1) - calendarFirst(index);
  return (calendarFirst(index) + SN_MIN(d, days) - 1) * CALENDAR_DAY + us;
}

static void calendarTestMonths(void) {
  bool good = true, both = true;
  for (u32 k = 0; k < 200000; k++) {
    i64 from = calendarIndex(-9990 + calendarBelow(19980), 1 +
        calendarBelow(12));
    i64 to = calendarIndex(-9990 + calendarBelow(19980), 1 +
        calendarBelow(12));
    i64 d = k % 3 ? 28 + calendarBelow(4) : 1 + calendarBelow(31);
    i64 rest = (i64)(calendarRoll() % (u64)CALENDAR_DAY), at;
    i64 more = (i64)(calendarRoll() >> 20) - (1ll << 43);
    Interval w;
    if (k & 1) to = from + calendarBelow(50) - 25;
    d = SN_MIN(d, calendarFirst(from + 1) - calendarFirst(from));
    at = calendarAt(from, d, rest);
    w = (Interval){to - from, 0};
    good = good && snDateAdd(at, w, 1) == calendarAt(to, d, rest);
    w.months = from - to;
    good = good && snDateAdd(at, w, -1) == calendarAt(to, d, rest);
    w.us = more; /* the months come first */
    both = both && snDateAdd(at, w, -1) == calendarAt(to, d, rest) - more;
    w.months = 0;
    both = both && snDateAdd(at, w, 1) == at + more;
  }
  calendarOk(good, "months: there and back, with the day kept or clipped");
  calendarOk(both, "months: first the months, then the time");
}

/* ---- 3. buckets --------------------------------------------------------- */

static void calendarTestBuckets(void) {
  bool fixed = true, months = true, shifted = true;
  i64 monday = calendarAt(24000, 3, 0); /* 2000-01-03 */
  for (u32 k = 0; k < 100000; k++) {
    i64 january = calendarIndex(-9900 + calendarBelow(19800), 1), got, n;
    i64 us = calendarAt(january, 1, (i64)(calendarRoll() >> 8) % (365 *
        CALENDAR_DAY)), at = us, origin, base, index;
    Interval w = {0, 1 + (i64)(calendarRoll() >> (12 + calendarBelow(50)))};
    origin = k & 1 ? (i64)(calendarRoll() >> 7) - (1ll << 56) : SN_NO_ORIGIN;
    base = k & 1 ? origin : monday;
    if (k % 8 > 5) at = base + w.us * (calendarBelow(9) - 4) - (k % 8 - 6);
    got = snDateBucket(w, at, origin);
    fixed = fixed && got <= at && at - got < w.us && (got - base) % w.us == 0;
    /* A bucket of n months: whole n from January 2000. */
    n = 1 + calendarBelow(k % 3 ? 13 : 400);
    w = (Interval){n, 0};
    index = 24000 + calendarFloor(january - 24000, n) * n;
    while (calendarAt(index + n, 1, 0) <= us) index += n;
    got = snDateBucket(w, us, SN_NO_ORIGIN);
    months = months && got == calendarAt(index, 1, 0);
    /* From the 31st (or so) of some month. */
    index = calendarIndex(1900 + calendarBelow(200), 1 + calendarBelow(12));
    origin = calendarAt(index, 25 + calendarBelow(7), us & 0xfffffffff);
    got = snDatePart(DATE_DAY, origin);
    base = origin - calendarAt(index, got, 0);
    index += (calendarFloor(january - index, n) - 1) * n;
    while (calendarAt(index + n, got, base) <= us) index += n;
    shifted = shifted && (snDateBucket(w, us, origin) ==
        calendarAt(index, got, base) || calendarWrong("bucket", "of", us));
    at = calendarAt(index, got, base);
    shifted = shifted && snDateBucket(w, at, origin) == at &&
        snDateBucket(w, at - 1, origin) == calendarAt(index - n, got, base);
  }
  calendarOk(fixed, "buckets: of a fixed width");
  calendarOk(months, "buckets: of months");
  calendarOk(shifted, "buckets: of months from any day");
}

/* ---- 4. forms ----------------------------------------------------------- */

/* 9 is a digit, T one of "Tt ", Z one of "Zz", + a sign, . a point or comma;
** all others are themselves. */
static bool calendarShape(const char *p, size_t n, const char *shape) {
  for (; n && *shape; p++, n--, shape++) {
    switch (*shape) {
      case '9': if (*p < '0' || *p > '9') return false; break;
      case 'T': if (*p != 'T' && *p != 't' && *p != ' ') return false; break;
      case 'Z': if (*p != 'Z' && *p != 'z') return false; break;
      case '+': if (*p != '+' && *p != '-') return false; break;
      case '.': if (*p != '.' && *p != ',') return false; break;
      default: if (*p != *shape) return false;
    }
  }
  return !n && !*shape;
}

static i64 calendarDigits(const char *p, u32 n) {
  i64 v = 0;
  while (n--) v = v * 10 + (*p++ - '0');
  return v;
}

static const char *const calendar_clocks[] = {"T99:99", "T99:99:99",
    "T99:99:99.9", "T99:99:99.99", "T99:99:99.999", "T99:99:99.9999",
    "T99:99:99.99999", "T99:99:99.999999", "T99:99:99.9999999",
    "T99:99:99.99999999", "T99:99:99.999999999"};
static const char *const calendar_zones[] = {"", "Z", "+99", "+9999",
    "+99:99", " +99", " +9999", " +99:99"};

/* What a text of the shape of clock and zone means; false when out of range.
** p is at the T. */
static bool calendarValue(const char *p, const char *clock, const char *zone,
    i64 *us) {
  u32 len = (u32)strlen(clock), zlen = (u32)strlen(zone);
  const char *z = p + len + strcspn(zone, "+");
  i64 h = calendarDigits(p + 1, 2), m = calendarDigits(p + 4, 2), s = 0;
  i64 part = 0, zh = 0, zm = 0;
  if (len > 6) s = calendarDigits(p + 7, 2);
  for (u32 i = 10; i < 16; i++) part = part * 10 + (i < len ? p[i] - '0' : 0);
  if (strchr(zone, '+')) {
    zh = calendarDigits(z + 1, 2);
    if (z + 3 < p + len + zlen) zm = calendarDigits(p + len + zlen - 2, 2);
  }
  if (h > 23 || m > 59 || s > 60 || zh > 23 || zm > 59) return false;
  zm = (zh * 60 + zm) * (strchr(zone, '+') && *z == '-' ? -1 : 1);
  *us = ((h * 60 + m - zm) * 60 + s) * 1000000 + part;
  return true;
}

static bool calendarModel(const char *p, size_t n, i64 *us) {
  size_t minus = n && *p == '-';
  i64 y, m, d, clock = 0;
  bool found = false;
  *us = 0;
  if (n < 10 + minus || !calendarShape(p + minus, 10, "9999-99-99")) {
    return false;
  }
  p += minus, n -= minus;
  y = calendarDigits(p, 4) * (minus ? -1 : 1);
  m = calendarDigits(p + 5, 2), d = calendarDigits(p + 8, 2);
  if (m < 1 || m > 12 || d < 1 || d > calendarMonthDays(y, m)) return false;
  found = n == 10;
  for (u32 i = 0; i < SN_COUNT(calendar_clocks) && !found; i++) {
    for (u32 k = 0; k < SN_COUNT(calendar_zones) && !found; k++) {
      char shape[40];
      snprintf(shape, sizeof shape, "%s%s", calendar_clocks[i],
          calendar_zones[k]);
      if (!calendarShape(p + 10, n - 10, shape)) continue;
      if (!calendarValue(p + 10, calendar_clocks[i], calendar_zones[k],
          &clock)) {
        return false;
      }
      found = true;
    }
  }
  clock += calendarAt(calendarIndex(y, m), d, 0);
  if (!found || clock < calendarAt(calendarIndex(-9999, 1), 1, 0) ||
      clock >= calendarAt(calendarIndex(10000, 1), 1, 0)) {
    return false;
  }
  *us = clock;
  return true;
}

/* Reads from memory of the exact size. */
static bool calendarReads(const char *text, size_t n, bool is, i64 want) {
  char *p = malloc(n ? n : 1);
  i64 us = 77;
  bool good;
  if (!p) exit(2);
  memcpy(p, text, n);
  good = snTimeParse(p, n, &us) == is && us == (is ? want : 0);
  free(p);
  return good || calendarWrong(is ? "refused" : "accepted", text, us);
}

static bool calendarAgrees(const char *text, size_t n) {
  i64 want, days = 77;
  bool is = calendarModel(text, n, &want), day;
  if (!calendarReads(text, n, is, want)) return false;
  day = is && n <= 11 && strcspn(text, "Tt :") >= n;
  return snDateParse(text, n, &days) == day &&
      days == (day ? want / CALENDAR_DAY : 0);
}

static u32 calendarFill(char *out, const char *shape) {
  u32 n = 0;
  for (; *shape; shape++) {
    char c = *shape;
    if (c == '9') c = (char)('0' + calendarBelow(calendarBelow(3) ? 3 : 10));
    else if (c == 'T') c = "Tt "[calendarBelow(3)];
    else if (c == 'Z') c = "Zz"[calendarBelow(2)];
    else if (c == '+') c = "+-"[calendarBelow(2)];
    else if (c == '.') c = ".,"[calendarBelow(2)];
    out[n++] = c;
  }
  out[n] = 0;
  return n;
}

static void calendarTestForms(void) {
  static const char *const edges[] = {"-9999-01-01", "-9999-01-01T00:00Z",
      "-9999-01-01T00:00:00.000000", "-9999-01-01T00:00+00:01",
      "-9999-01-01T00:01+00:01", "-9999-01-01T00:00-00:01", "9999-12-31",
      "9999-12-31T23:59:59.999999999", "9999-12-31T23:59:60",
      "9999-12-31T23:59-00:01", "9999-12-31T23:58-00:01",
      "9999-12-31T23:59:59.999999+23:59", "0000-01-01", "0000-02-29",
      "-0001-02-29", "-0004-02-29", "2000-02-30", "2100-02-29", "2400-02-29",
      "2015-05-17T10:05:03.123456789+02:00", "-2015-05-17 10:05 +0200"};
  static const char bytes[] = "0123456789-:+Tt Zz.,/5x";
  bool good = true, cut = true, hurt = true, digit = true;
  u32 yes = 0, all = 0;
  for (u32 i = 0; i < SN_COUNT(edges); i++) {
    for (u32 n = (u32)strlen(edges[i]); n > 0; n--) {
      cut = cut && calendarAgrees(edges[i], n);
    }
  }
  for (u32 k = 0; k < 60000; k++) {
    char text[64], shape[64];
    u32 n;
    i64 us, at;
    snprintf(shape, sizeof shape, "%s9999-99-99%s%s", k % 5 ? "" : "-",
        k % 7 ? calendar_clocks[calendarBelow(SN_COUNT(calendar_clocks))] : "",
        k % 7 ? calendar_zones[calendarBelow(SN_COUNT(calendar_zones))] : "");
    n = calendarFill(text, shape);
    yes += calendarModel(text, n, &us);
    all++;
    good = good && calendarAgrees(text, n);
    cut = cut && calendarAgrees(text, (size_t)calendarBelow(n));
    at = calendarBelow(n);
    if (text[at] >= '0' && text[at] <= '9') {
      char old = text[at];
      text[at] = "/:\xb1@e\0pP"[calendarBelow(8)];
      digit = digit && calendarReads(text, n, false, 0);
      text[at] = old;
    }
    text[at] = bytes[calendarBelow(sizeof bytes)];
    hurt = hurt && calendarAgrees(text, n);
  }
  calendarOk(good && yes > all / 8, "forms: as their shapes");
  calendarOk(cut, "forms: cut, and at the limits");
  calendarOk(digit, "forms: a digit that is none");
  calendarOk(hurt, "forms: damaged");
}

/* The form of access logs: as the same time in the other one. */
static void calendarTestLogs(void) {
  static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
  bool good = true;
  for (u32 k = 0; k < 20000; k++) {
    char iso[64], log[64];
    i64 want;
    u32 d = (u32)calendarBelow(33), m = (u32)calendarBelow(13), n;
    u32 y = (u32)calendarBelow(k & 1 ? 3000 : 10000);
    char clock[32];
    bool is;
    calendarFill(clock, "T99:99:99+9999");
    snprintf(iso, sizeof iso, "%04u-%02u-%02u%s", y, m, d, clock);
    n = (u32)snprintf(log, sizeof log, "%02u/%.3s/%04u:%.8s %s", d,
        m ? names + 3 * (m - 1) : "Foo", y, clock + 1, clock + 9);
    if (k % 3 == 0) log[4] = (char)(log[4] ^ 0x20);
    is = calendarModel(iso, strlen(iso), &want);
    good = good && calendarReads(log, n, is, want);
    log[calendarBelow(2)] = 'x';
    good = good && calendarReads(log, n, false, 0);
  }
  calendarOk(good, "forms: of access logs");
}

/* ---- 5. printing -------------------------------------------------------- */

static void calendarTestPrint(void) {
  static const char fmt[] = "%Y-%m-%d %H:%M:%S %j %w %y %b %B %a %A %e %%";
  static const char micros[] = "%f|%s|%q%";
  bool good = true, shown = true, small = true;
  for (u32 k = 0; k < 60000; k++) {
    i64 sec = calendarBelow(4000000000) * 70 - 30000000000 + (k & 1), us;
    i64 part = k % 3 ? calendarBelow(1000000) / (k % 5 ? 1 : 1000) * 1000 %
        1000000 : k % 2 ? 0 : calendarBelow(1000000);
    time_t at = (time_t)sec;
    struct tm tm;
    char want[160], back[40], text[40];
    Buf b;
    u32 n;
    us = sec * 1000000 + part;
    if (!gmtime_r(&at, &tm) || tm.tm_year < -900 || tm.tm_year > 8099) continue;
    strftime(want, sizeof want, fmt, &tm);
    snBufInit(&b, NULL);
    snDateFormat(&b, fmt, sizeof fmt - 1, us);
    good = good && (!strcmp(snBufText(&b), want) ||
        calendarWrong("format", want, us));
    b.n = 0;
    snDateFormat(&b, micros, sizeof micros - 1, us);
    snprintf(want, sizeof want, "%06d|%lld|%%q%%", (int)part,
        (long long)sec);
    small = small && !strcmp(snBufText(&b), want);
    snBufClear(&b);
    strftime(want, sizeof want, "%Y-%m-%d %H:%M:%S", &tm);
    n = (u32)strlen(want);
    if (part) n += (u32)snprintf(want + n, 16, ".%06d", (int)part);
    while (part && want[n - 1] == '0') want[--n] = 0;
    shown = shown && snTimeText(us, text) == n && !strcmp(text, want);
    memcpy(back, text, n);
    shown = shown && calendarReads(back, n, true, us);
    small = small && snDatePart(DATE_MICROSECOND, us) ==
        tm.tm_sec * 1000000 + part &&
        snDatePart(DATE_MILLISECOND, us) == tm.tm_sec * 1000 + part / 1000 &&
        snDatePart(DATE_SECOND, us) == tm.tm_sec &&
        snDatePart(DATE_MINUTE, us) == tm.tm_min &&
        snDatePart(DATE_HOUR, us) == tm.tm_hour &&
        snDateTrunc(DATE_MILLISECOND, us) == us - part % 1000 &&
        snDateTrunc(DATE_SECOND, us) == us - part &&
        snDateTrunc(DATE_MINUTE, us) == (sec - tm.tm_sec) * 1000000 &&
        snDateTrunc(DATE_HOUR, us) ==
            (sec - tm.tm_sec - tm.tm_min * 60) * 1000000;
  }
  calendarOk(good, "printing: as strftime");
  calendarOk(shown, "printing: no zeros at the end, and read back");
  calendarOk(small, "printing: parts and begins of a day");
}

/* ---- 6. units ----------------------------------------------------------- */

static void calendarTestUnits(void) {
  static const struct CalendarUnit {
    const char *one, *many;
    DateUnit unit;
    i64 months, us;
  } units[] = {{"microsecond", "microseconds", DATE_MICROSECOND, 0, 1},
      {"millisecond", "milliseconds", DATE_MILLISECOND, 0, 1000},
      {"second", "seconds", DATE_SECOND, 0, 1000000},
      {"minute", "minutes", DATE_MINUTE, 0, 60000000},
      {"hour", "hours", DATE_HOUR, 0, 3600000000ll},
      {"day", "days", DATE_DAY, 0, CALENDAR_DAY},
      {"week", "weeks", DATE_WEEK, 0, 7 * CALENDAR_DAY},
      {"month", "months", DATE_MONTH, 1, 0},
      {"quarter", "quarters", DATE_QUARTER, 3, 0},
      {"year", "years", DATE_YEAR, 12, 0},
      {"decade", "decades", DATE_DECADE, 120, 0},
      {"century", "centuries", DATE_CENTURY, 1200, 0}};
  bool names = true, sums = true, refused = true;
  for (u32 i = 0; i < SN_COUNT(units) * 2; i++) {
    const struct CalendarUnit *u = &units[i / 2];
    const char *name = i & 1 ? u->many : u->one;
    char big[20];
    DateUnit short_unit;
    u32 n = (u32)strlen(name);
    for (u32 k = 0; k <= n; k++) {
      big[k] = name[k] >= 'a' ? (char)(name[k] - 32) : name[k];
      names = names && (k < n || snDateUnit(big, n) == u->unit);
      /* A name cut short is none, or a short form of the same. */
      short_unit = k > 2 ? snDateUnit(name, k) : DATE_NONE;
      names = names && (!short_unit || short_unit == u->unit);
    }
    names = names && snDateUnit(name, n) == u->unit;
    big[n] = 'x';
    names = names && !snDateUnit(big, n + 1);
  }
  for (u32 k = 0; k < 30000; k++) {
    char text[200];
    int n = 0;
    Interval want = {0, 0}, got;
    bool whole = true;
    for (u32 i = 0; i <= k % 4; i++) {
      const struct CalendarUnit *u = &units[calendarBelow(SN_COUNT(units))];
      i64 count = calendarBelow(k & 1 ? 10 : 100000), part = 0;
      i64 sign = calendarBelow(3) ? 1 : -1;
      if (u->us > 999) part = calendarBelow(1000);
      else if (calendarBelow(3) == 0) part = calendarBelow(4) * 250;
      whole = whole && part * (u->months + u->us) % 1000 == 0;
      want.months += sign * (count * u->months + part * u->months / 1000);
      want.us += sign * (count * u->us + part * u->us / 1000);
      n += snprintf(text + n, sizeof text - (size_t)n, "%s%lld",
          sign < 0 ? "-" : k & 8 ? "+" : "", (long long)count);
      if (part) n += snprintf(text + n, 8, ".%03d", (int)part);
      n += snprintf(text + n, sizeof text - (size_t)n, "%s%s%s",
          k & 2 ? " " : "", k & 16 ? u->one : u->many, k & 4 ? ", " : " ");
    }
    if (!whole) want = (Interval){0, 0}; /* no half months */
    sums = sums && snIntervalParse(text, (size_t)n, &got) == whole &&
        got.months == want.months && got.us == want.us;
    text[0] = text[0] == '-' ? '*' : text[0] == '+' ? '~' : 'e';
    refused = refused && !snIntervalParse(text, (size_t)n, &got) &&
        !got.months && !got.us;
  }
  calendarOk(names, "units: names of one and of many, in any case");
  calendarOk(sums, "units: intervals are sums");
  calendarOk(refused, "units: what is no number is no interval");
}

int main(void) {
  calendarTestWalk();
  calendarTestMonths();
  calendarTestBuckets();
  calendarTestForms();
  calendarTestLogs();
  calendarTestPrint();
  calendarTestUnits();
  printf("1..%d\n", calendar_no);
  return calendar_failed != 0;
}
