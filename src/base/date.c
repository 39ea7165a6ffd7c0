/*
** date.c: the calendar.  Proleptic Gregorian, UTC only, no locale, no zones
** by name, no allocation.
**
** (1) Parsing takes years -9999 .. 9999 and nothing outside; the other
**     functions take any 64 bits and saturate instead of overflowing.
** (2) Division of time is towards the past: 1969-12-31 23:59 is day -1.
** (3) A number is no date: every form has its '-', '/' or ':'.
*/
#include "base/base.h"

#define DATE_SECOND_US 1000000ll
#define DATE_DAY_US    86400000000ll
#define DATE_MIN_DAY   (-4371587ll) /* -9999-01-01 */
#define DATE_MAX_DAY   2932896ll    /* 9999-12-31 */

/* ---- Days and civil dates ----------------------------------------------- */

typedef struct DateCivil {
  i64 year;
  u32 month, day; /* from 1 */
  u32 yday;       /* from 0 */
} DateCivil;

static inline i64 dateFloor(i64 a, i64 b) {
  i64 q = a / b;
  return q - (a % b < 0);
}

static bool dateLeap(i64 y) { return !(y & 3) && (y % 100 || !(y % 400)); }

static u32 dateMonthDays(i64 y, u32 m) {
  static const u8 days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return days[m - 1] + (m == 2 && dateLeap(y) ? 1u : 0u);
}

/* Days before month m of a year that begins in March. */
static inline u32 dateMarchDays(u32 m) { return (153 * m + 2) / 5; }

/* Days since 1970-01-01.  y within +-10^15. */
static i64 dateDays(i64 y, u32 m, u32 d) {
  i64 era;
  u32 yoe;
  y -= m <= 2;
  era = dateFloor(y, 400);
  yoe = (u32)(y - era * 400);
  return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 +
      dateMarchDays(m > 2 ? m - 3 : m + 9) + d - 1 - 719468;
}

/* Any day.  719468 days lie between 0000-03-01 and 1970-01-01: four eras of
** 400 years and 135080 days. */
static void dateCivil(i64 days, DateCivil *c) {
  i64 era = dateFloor(days, 146097) + 4, rest = days % 146097;
  u32 doe = (u32)(rest < 0 ? rest + 146097 : rest) + 135080, yoe, doy, m;
  if (doe >= 146097) {
    doe -= 146097;
    era++;
  }
  yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
  doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
  m = (5 * doy + 2) / 153;
  c->day = doy - dateMarchDays(m) + 1;
  c->month = m < 10 ? m + 3 : m - 9;
  c->year = era * 400 + yoe + (c->month <= 2);
  c->yday = m < 10 ? doy + (dateLeap(c->year) ? 60 : 59) : doy - 306;
}

static i64 dateSaturate(i128 v) {
  return v > INT64_MAX ? INT64_MAX : v < INT64_MIN ? INT64_MIN : (i64)v;
}

static i64 dateMicros(i64 days) {
  return dateSaturate((i128)days * DATE_DAY_US);
}

/* ---- Parsing ------------------------------------------------------------ */

/* Two digits, or something above 99. */
static inline u32 dateTwo(const char *p) {
  u32 a = (u8)(p[0] - '0'), b = (u8)(p[1] - '0');
  return a < 10 && b < 10 ? a * 10 + b : 1000;
}

static bool dateCheck(i64 y, u32 m, u32 d, i64 *days) {
  if (m < 1 || m > 12 || d < 1) return false;
  if (d > 28 && d > dateMonthDays(y, m)) return false;
  *days = dateDays(y, m, d);
  return true;
}

/* [-]YYYY-MM-DD */
static bool dateYmd(const char **at, const char *end, i64 *days) {
  const char *p = *at;
  bool before = p < end && *p == '-';
  u32 century, year, m, d;
  i64 y;
  p += before;
  if (end - p < 10 || p[4] != '-' || p[7] != '-') return false;
  century = dateTwo(p), year = dateTwo(p + 2);
  m = dateTwo(p + 5), d = dateTwo(p + 8);
  if ((century | year | m | d) >= 1000) return false;
  if (century > 99 || year > 99) return false;
  y = century * 100 + year;
  *at = p + 10;
  return dateCheck(before ? -y : y, m, d, days);
}

/* hh:mm[:ss[.ffffff]]; a leap second counts as the next one. */
static bool dateClock(const char **at, const char *end, i64 *us) {
  static const i32 scale[7] = {1000000, 100000, 10000, 1000, 100, 10, 1};
  const char *p = *at;
  u32 h, m, s = 0, n = 0;
  i64 part = 0;
  if (end - p < 5 || p[2] != ':') return false;
  h = dateTwo(p), m = dateTwo(p + 3);
  if (h > 23 || m > 59) return false;
  p += 5;
  if (p < end && *p == ':') {
    if (end - p < 3) return false;
    s = dateTwo(p + 1);
    if (s > 60) return false;
    p += 3;
    if (p < end && (*p == '.' || *p == ',')) {
      for (p++; p < end && (u8)(*p - '0') < 10; p++, n++) {
        if (n < 6) part = part * 10 + (*p - '0');
      }
      if (n < 1 || n > 9) return false;
    }
  }
  *us = (i64)(h * 3600 + m * 60 + s) * DATE_SECOND_US +
      part * scale[SN_MIN(n, 6u)];
  *at = p;
  return true;
}

/* Z, +hh, +hhmm, +hh:mm, up to the end; nothing is UTC. */
static bool dateZone(const char *p, const char *end, i64 *us) {
  u32 h, m = 0;
  bool west;
  *us = 0;
  if (p == end) return true;
  if ((*p == 'Z' || *p == 'z') && end - p == 1) return true;
  if (*p == ' ') p++;
  if (end - p < 3 || (*p != '+' && *p != '-')) return false;
  west = *p++ == '-';
  h = dateTwo(p);
  p += 2;
  if (p < end) {
    p += *p == ':';
    if (end - p != 2) return false;
    m = dateTwo(p);
  }
  if (h > 23 || m > 59) return false;
  *us = (i64)(h * 60 + m) * 60 * DATE_SECOND_US * (west ? -1 : 1);
  return true;
}

static const char dateMonths[12][10] = {"January", "February", "March",
    "April", "May", "June", "July", "August", "September", "October",
    "November", "December"};
static const char dateWeekdays[7][10] = {"Sunday", "Monday", "Tuesday",
    "Wednesday", "Thursday", "Friday", "Saturday"};

/* 17/May/2015:10:05:03 */
static bool dateApache(const char **at, const char *end, i64 *days) {
  const char *p = *at;
  u32 d, m, century, year;
  if (end - p < 20 || p[6] != '/' || p[11] != ':') return false;
  d = dateTwo(p), century = dateTwo(p + 7), year = dateTwo(p + 9);
  if (d > 99 || century > 99 || year > 99) return false;
  for (m = 0; m < 12; m++) {
    if (snAsciiEq(p + 3, 3, dateMonths[m], 3)) break;
  }
  *at = p + 12;
  return m < 12 && dateCheck(century * 100 + year, m + 1, d, days);
}

bool snDateParse(const char *p, size_t n, i64 *days) {
  const char *end;
  *days = 0;
  if (n < 10 || n > 11) return false;
  end = p + n;
  if (dateYmd(&p, end, days) && p == end) return true;
  *days = 0;
  return false;
}

bool snTimeParse(const char *p, size_t n, i64 *us) {
  const char *end;
  i64 days, clock = 0, zone = 0;
  *us = 0;
  if (n < 10 || n > 48) return false;
  end = p + n;
  if (p[2] == '/') {
    if (!dateApache(&p, end, &days)) return false;
    if (!dateClock(&p, end, &clock)) return false;
    if (!dateZone(p, end, &zone)) return false;
  } else {
    if (!dateYmd(&p, end, &days)) return false;
    if (p < end) {
      if (*p != 'T' && *p != ' ' && *p != 't') return false;
      p++;
      if (!dateClock(&p, end, &clock)) return false;
      if (!dateZone(p, end, &zone)) return false;
    }
  }
  clock = days * DATE_DAY_US + clock - zone;
  if (clock < DATE_MIN_DAY * DATE_DAY_US) return false;
  if (clock >= (DATE_MAX_DAY + 1) * DATE_DAY_US) return false;
  *us = clock;
  return true;
}

/* ---- Text --------------------------------------------------------------- */

static inline char *datePutTwo(char *p, u32 v) {
  p[0] = (char)('0' + v / 10 % 10);
  p[1] = (char)('0' + v % 10);
  return p + 2;
}

/* Years have at least four digits. */
static char *datePutYear(char *p, i64 y) {
  if (y < 0) {
    *p++ = '-';
    y = -y;
  }
  if (y > 9999) return p + snNumIntText(y, p);
  p = datePutTwo(p, (u32)y / 100);
  return datePutTwo(p, (u32)y % 100);
}

u32 snDateText(i64 days, char out[32]) {
  DateCivil c;
  char *p = out;
  dateCivil(days, &c);
  p = datePutYear(p, c.year);
  *p++ = '-';
  p = datePutTwo(p, c.month);
  *p++ = '-';
  p = datePutTwo(p, c.day);
  *p = 0;
  return (u32)(p - out);
}

u32 snTimeText(i64 us, char out[40]) {
  i64 days = dateFloor(us, DATE_DAY_US);
  i64 rest = (i64)((u64)us - (u64)days * (u64)DATE_DAY_US);
  u32 sec = (u32)(rest / DATE_SECOND_US);
  u32 part = (u32)(rest % DATE_SECOND_US);
  char *p = out + snDateText(days, out);
  *p++ = ' ';
  p = datePutTwo(p, sec / 3600);
  *p++ = ':';
  p = datePutTwo(p, sec / 60 % 60);
  *p++ = ':';
  p = datePutTwo(p, sec % 60);
  if (part) {
    *p++ = '.';
    p = datePutTwo(p, part / 10000);
    p = datePutTwo(p, part / 100 % 100);
    p = datePutTwo(p, part % 100);
    while (p[-1] == '0') p--;
  }
  *p = 0;
  return (u32)(p - out);
}

/* ---- Units and intervals ------------------------------------------------ */

static const struct DateName {
  char name[14];
  u8 unit;
} dateNames[] = {
    {"microsecond", DATE_MICROSECOND}, {"us", DATE_MICROSECOND},
    {"usec", DATE_MICROSECOND},        {"micro", DATE_MICROSECOND},
    {"millisecond", DATE_MILLISECOND}, {"ms", DATE_MILLISECOND},
    {"msec", DATE_MILLISECOND},        {"second", DATE_SECOND},
    {"s", DATE_SECOND},                {"sec", DATE_SECOND},
    {"minute", DATE_MINUTE},           {"m", DATE_MINUTE},
    {"min", DATE_MINUTE},              {"hour", DATE_HOUR},
    {"h", DATE_HOUR},                  {"hr", DATE_HOUR},
    {"day", DATE_DAY},                 {"d", DATE_DAY},
    {"week", DATE_WEEK},               {"w", DATE_WEEK},
    {"month", DATE_MONTH},             {"mon", DATE_MONTH},
    {"quarter", DATE_QUARTER},         {"q", DATE_QUARTER},
    {"qtr", DATE_QUARTER},             {"year", DATE_YEAR},
    {"y", DATE_YEAR},                  {"yr", DATE_YEAR},
    {"decade", DATE_DECADE},           {"century", DATE_CENTURY},
    {"centurie", DATE_CENTURY},        {"dow", DATE_DOW},
    {"dayofweek", DATE_DOW},           {"weekday", DATE_DOW},
    {"isodow", DATE_ISODOW},           {"doy", DATE_DOY},
    {"dayofyear", DATE_DOY},           {"epoch", DATE_EPOCH},
    {"isoyear", DATE_ISOYEAR},
};

/* A lone capital M is a month, as in the date maths of search engines. */
DateUnit snDateUnit(const char *p, size_t n) {
  if (n == 1 && *p == 'M') return DATE_MONTH;
  for (u32 pass = 0; pass < 2; pass++) {
    for (u32 i = 0; i < SN_COUNT(dateNames); i++) {
      const struct DateName *d = &dateNames[i];
      if (snAsciiEq(p, n, d->name, strlen(d->name))) return d->unit;
    }
    if (n < 3 || (p[n - 1] | 0x20) != 's') break;
    n--;
  }
  return DATE_NONE;
}

/* Length of a unit: months or microseconds; false when it has none. */
static bool dateUnitLength(DateUnit u, Interval *w) {
  static const i64 us[] = {[DATE_MICROSECOND] = 1,
      [DATE_MILLISECOND] = 1000,
      [DATE_SECOND] = DATE_SECOND_US,
      [DATE_MINUTE] = 60 * DATE_SECOND_US,
      [DATE_HOUR] = 3600 * DATE_SECOND_US,
      [DATE_DAY] = DATE_DAY_US,
      [DATE_WEEK] = 7 * DATE_DAY_US};
  static const i64 months[] = {[DATE_MONTH - DATE_MONTH] = 1,
      [DATE_QUARTER - DATE_MONTH] = 3,
      [DATE_YEAR - DATE_MONTH] = 12,
      [DATE_DECADE - DATE_MONTH] = 120,
      [DATE_CENTURY - DATE_MONTH] = 1200};
  *w = (Interval){0, 0};
  if (u >= DATE_MICROSECOND && u <= DATE_WEEK) w->us = us[u];
  else if (u >= DATE_MONTH && u <= DATE_CENTURY) w->months =
      months[u - DATE_MONTH];
  return w->us || w->months;
}

static inline bool dateBlank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == ',';
}

static inline bool dateLetter(char c) { return (u8)((c | 0x20) - 'a') < 26; }

/* (whole + part / scale) * unit into *sum; a part of a month must come out
** whole. */
static bool dateGather(i64 *sum, i64 unit, i64 number, i64 scale, bool neg) {
  i128 v = (i128)number * unit;
  if (v % scale && unit <= 1200) return false;
  v /= scale;
  v = neg ? *sum - v : *sum + v;
  if (v > INT64_MAX || v < INT64_MIN) return false;
  *sum = (i64)v;
  return true;
}

/* [sign] digits [.digits]: *number / *scale. */
static bool dateQuantity(const char **at, const char *end, i64 *number,
    i64 *scale) {
  const char *p = *at;
  bool any = false, point = false;
  *number = 0;
  *scale = 1;
  for (; p < end; p++) {
    if (*p == '.' && !point) {
      point = true;
      continue;
    }
    if ((u8)(*p - '0') > 9) break;
    any = true;
    if (*number > INT64_MAX / 100 || *scale > 100000000) return false;
    *number = *number * 10 + (*p - '0');
    if (point) *scale *= 10;
  }
  *at = p;
  return any;
}

bool snIntervalParse(const char *p, size_t n, Interval *out) {
  const char *end = n ? p + n : p, *from;
  Interval sum = {0, 0}, unit;
  bool any = false, neg, good;
  i64 number, scale;
  *out = sum;
  for (;;) {
    while (p < end && dateBlank(*p)) p++;
    if (p == end) break;
    neg = *p == '-';
    if (*p == '-' || *p == '+') p++;
    if (!dateQuantity(&p, end, &number, &scale)) return false;
    while (p < end && dateBlank(*p)) p++;
    for (from = p; p < end && dateLetter(*p); p++) continue;
    if (!dateUnitLength(snDateUnit(from, (size_t)(p - from)), &unit)) {
      return false;
    }
    if (unit.months) {
      good = dateGather(&sum.months, unit.months, number, scale, neg);
    } else {
      good = dateGather(&sum.us, unit.us, number, scale, neg);
    }
    if (!good) return false;
    any = true;
  }
  if (any) *out = sum;
  return any;
}

/* ---- Arithmetic --------------------------------------------------------- */

static i64 dateMonday(i64 days) { /* of the week of a day; day 0: Thursday */
  i64 k = days % 7 + 3;
  return days - (k < 0 ? k + 7 : k > 6 ? k - 7 : k);
}

static u32 dateDow(i64 days) { /* Sunday is 0 */
  i64 k = (days % 7 + 11) % 7;
  return (u32)k;
}

/* The ISO year of a day, and the Monday that begins it. */
static i64 dateIsoYear(i64 days, i64 *first) {
  DateCivil c;
  i64 year;
  dateCivil(dateMonday(days) + 3, &c);
  year = c.year;
  *first = dateMonday(dateDays(year, 1, 4));
  return year;
}

static i64 dateTruncMonth(DateUnit u, i64 days) {
  DateCivil c;
  i64 first;
  dateCivil(days, &c);
  switch (u) {
    case DATE_MONTH: return dateDays(c.year, c.month, 1);
    case DATE_QUARTER: return dateDays(c.year, (c.month - 1) / 3 * 3 + 1, 1);
    case DATE_DECADE: return dateDays(dateFloor(c.year, 10) * 10, 1, 1);
    case DATE_CENTURY: /* 2001-01-01 begins one */
      return dateDays(dateFloor(c.year - 1, 100) * 100 + 1, 1, 1);
    case DATE_ISOYEAR: dateIsoYear(days, &first); return first;
    default: return dateDays(c.year, 1, 1);
  }
}

static i64 dateTruncTo(i64 us, i64 unit) {
  return dateSaturate((i128)dateFloor(us, unit) * unit);
}

i64 snDateTrunc(DateUnit u, i64 us) {
  switch (u) {
    case DATE_NONE: case DATE_MICROSECOND: return us;
    case DATE_MILLISECOND: return dateTruncTo(us, 1000);
    case DATE_SECOND: case DATE_EPOCH: return dateTruncTo(us, DATE_SECOND_US);
    case DATE_MINUTE: return dateTruncTo(us, 60 * DATE_SECOND_US);
    case DATE_HOUR: return dateTruncTo(us, 3600 * DATE_SECOND_US);
    case DATE_DAY: case DATE_DOW: case DATE_ISODOW: case DATE_DOY:
      return dateTruncTo(us, DATE_DAY_US);
    case DATE_WEEK: return dateMicros(dateMonday(dateFloor(us, DATE_DAY_US)));
    default: return dateMicros(dateTruncMonth(u, dateFloor(us, DATE_DAY_US)));
  }
}

static i64 dateMonthIndex(i64 us) {
  DateCivil c;
  dateCivil(dateFloor(us, DATE_DAY_US), &c);
  return c.year * 12 + c.month - 1;
}

/* The first day of a month counted from year 0, within +-10^15. */
static i64 dateMonthStart(i64 k) {
  i64 y;
  k = SN_MAX(SN_MIN(k, 1000000000000ll), -1000000000000ll);
  y = dateFloor(k, 12);
  return dateDays(y, (u32)(k - y * 12) + 1, 1);
}

/* Buckets that begin at `origin` and whole months from there, on the last day
** of a month that is too short. */
static i64 dateMonthBucket(i64 months, i64 us, i64 origin) {
  i64 base = origin == SN_NO_ORIGIN ? 24000 /* 2000-01 */
      : dateMonthIndex(origin);
  i128 k = dateFloor(dateMonthIndex(us) - base, months);
  Interval step = {dateSaturate(k * months), 0};
  i64 at;
  if (origin == SN_NO_ORIGIN) {
    return dateMicros(dateMonthStart(dateSaturate(k * months + base)));
  }
  at = snDateAdd(origin, step, 1);
  if (at <= us) return at;
  step.months = dateSaturate((k - 1) * months);
  return snDateAdd(origin, step, 1);
}

/* A width of both months and microseconds takes 30 days for a month. */
i64 snDateBucket(Interval w, i64 us, i64 origin) {
  if (w.months > 0 && !w.us) return dateMonthBucket(w.months, us, origin);
  if (w.months) w.us = dateSaturate((i128)w.months * 30 * DATE_DAY_US + w.us);
  if (w.us <= 0) return us;
  if (origin == SN_NO_ORIGIN) origin = 10959 * DATE_DAY_US; /* 2000-01-03 */
  i128 gap = (i128)us - origin;
  if (SN_LIKELY(gap <= INT64_MAX && gap >= INT64_MIN)) {
    i64 q = dateFloor((i64)gap, w.us);
    return dateSaturate((i128)q * w.us + origin);
  }
  i128 rest = gap % w.us;
  if (rest < 0) rest += w.us;
  return dateSaturate((i128)us - rest);
}

i64 snDateAdd(i64 us, Interval w, int sign) {
  i128 t = us;
  if (w.months) {
    i64 days = dateFloor(us, DATE_DAY_US), k;
    DateCivil c;
    u32 last;
    t -= (i128)days * DATE_DAY_US;
    dateCivil(days, &c);
    k = dateSaturate(c.year * 12 + c.month - 1 +
        (sign < 0 ? -(i128)w.months : (i128)w.months));
    days = dateMonthStart(k);
    last = (u32)(dateMonthStart(SN_MIN(k, INT64_MAX - 1) + 1) - days);
    if (c.day > last && last) c.day = last;
    t += ((i128)days + c.day - 1) * DATE_DAY_US;
  }
  return dateSaturate(sign < 0 ? t - w.us : t + w.us);
}

static i64 datePartOfDay(DateUnit u, i64 rest) {
  switch (u) {
    case DATE_MICROSECOND: return rest % (60 * DATE_SECOND_US);
    case DATE_MILLISECOND: return rest % (60 * DATE_SECOND_US) / 1000;
    case DATE_SECOND: return rest / DATE_SECOND_US % 60;
    case DATE_MINUTE: return rest / (60 * DATE_SECOND_US) % 60;
    default: return rest / (3600 * DATE_SECOND_US);
  }
}

i64 snDatePart(DateUnit u, i64 us) {
  i64 days = dateFloor(us, DATE_DAY_US), first;
  DateCivil c;
  if (u == DATE_EPOCH) return dateFloor(us, DATE_SECOND_US);
  if (u == DATE_NONE) return us;
  if (u <= DATE_HOUR) {
    return datePartOfDay(u, (i64)((u64)us - (u64)days * (u64)DATE_DAY_US));
  }
  dateCivil(days, &c);
  switch (u) {
    case DATE_DAY: return c.day;
    case DATE_MONTH: return c.month;
    case DATE_QUARTER: return (c.month - 1) / 3 + 1;
    case DATE_DECADE: return dateFloor(c.year, 10);
    case DATE_CENTURY:
      return c.year > 0 ? (c.year + 99) / 100 : c.year / 100 - 1;
    case DATE_DOW: return dateDow(days);
    case DATE_ISODOW: return days - dateMonday(days) + 1;
    case DATE_DOY: return c.yday + 1;
    case DATE_WEEK:
      dateIsoYear(days, &first);
      return (days - first) / 7 + 1;
    case DATE_ISOYEAR: return dateIsoYear(days, &first);
    default: return c.year;
  }
}

/* ---- strftime ----------------------------------------------------------- */

/* The moment, taken apart once for a whole format. */
typedef struct DateMoment {
  DateCivil c;
  i64 us;
  u32 dow, sec, part;
} DateMoment;

static void dateFormatWord(Buf *b, const char *word, bool whole) {
  snBufAdd(b, word, whole ? strlen(word) : 3);
}

static void dateFormatOne(Buf *b, char how, const DateMoment *m) {
  char tmp[32], *p = tmp;
  switch (how) {
    case 'Y': p = datePutYear(p, m->c.year); break;
    case 'y': p = datePutTwo(p, (u32)((m->c.year % 100 + 100) % 100)); break;
    case 'm': p = datePutTwo(p, m->c.month); break;
    case 'd': p = datePutTwo(p, m->c.day); break;
    case 'H': p = datePutTwo(p, m->sec / 3600); break;
    case 'M': p = datePutTwo(p, m->sec / 60 % 60); break;
    case 'S': p = datePutTwo(p, m->sec % 60); break;
    case 's': p += snNumIntText(dateFloor(m->us, DATE_SECOND_US), p); break;
    case '%': *p++ = '%'; break;
    case 'w': *p++ = (char)('0' + m->dow); break;
    case 'b': dateFormatWord(b, dateMonths[m->c.month - 1], false); return;
    case 'B': dateFormatWord(b, dateMonths[m->c.month - 1], true); return;
    case 'a': dateFormatWord(b, dateWeekdays[m->dow], false); return;
    case 'A': dateFormatWord(b, dateWeekdays[m->dow], true); return;
    case 'f':
      p = datePutTwo(p, m->part / 10000);
      p = datePutTwo(p, m->part / 100 % 100);
      p = datePutTwo(p, m->part % 100);
      break;
    case 'j':
      *p++ = (char)('0' + (m->c.yday + 1) / 100);
      p = datePutTwo(p, (m->c.yday + 1) % 100);
      break;
    case 'e':
      p = datePutTwo(p, m->c.day);
      if (tmp[0] == '0') tmp[0] = ' ';
      break;
    default: /* unknown: as it stands */
      *p++ = '%';
      *p++ = how;
  }
  snBufAdd(b, tmp, (size_t)(p - tmp));
}

void snDateFormat(Buf *b, const char *fmt, size_t n, i64 us) {
  i64 days = dateFloor(us, DATE_DAY_US);
  i64 rest = (i64)((u64)us - (u64)days * (u64)DATE_DAY_US);
  DateMoment m;
  size_t from = 0, i;
  dateCivil(days, &m.c);
  m.us = us;
  m.dow = dateDow(days);
  m.sec = (u32)(rest / DATE_SECOND_US);
  m.part = (u32)(rest % DATE_SECOND_US);
  for (i = 0; i + 1 < n; i++) {
    if (fmt[i] != '%') continue;
    if (i > from) snBufAdd(b, fmt + from, i - from);
    dateFormatOne(b, fmt[++i], &m);
    from = i + 1;
  }
  if (n > from) snBufAdd(b, fmt + from, n - from);
}

#undef DATE_SECOND_US
#undef DATE_DAY_US
#undef DATE_MIN_DAY
#undef DATE_MAX_DAY
