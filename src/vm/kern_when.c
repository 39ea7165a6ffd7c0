/*
** kern_when: SQLite's functions of a moment and its modifiers, and Spark's of
** dates and patterns.
**
** (1) A moment is a TIMESTAMP, a DATE, a text ('now', 2026-01-31,
**     2026-01-31 10:05, 10:05) or a number, which is a julian day, or with
**     'unixepoch' seconds since 1970.  What is none gives NULL.
** (2) Modifiers work from left to right; one that is not known gives NULL, as
**     in SQLite.  Months and years that lead to a day that is not there run
**     over into the next month.  All times are UTC.
*/
#include "vm/kern.h"

#define KERN_WHEN_SECOND 1000000ll
#define KERN_WHEN_DAY    86400000000ll
#define KERN_WHEN_JULIAN 2440587.5 /* of 1970-01-01 */

static bool kernWhenSet(double us, i64 *out) {
  if (!(fabs(us) < 4e17)) return false; /* some 12,000 years */
  *out = llround(us);
  return true;
}

static i64 kernWhenFloor(i64 a, i64 b) { return a / b - (a % b < 0); }

/* ---- Reading ------------------------------------------------------------ */

/* HH:MM[:SS[.fff]] of 2000-01-01. */
static bool kernWhenClock(const char *p, size_t n, i64 *us) {
  char all[48];
  if (n < 5 || n > 24 || p[2] != ':') return false;
  int len = snprintf(all, sizeof all, "2000-01-01 %.*s", (int)n, p);
  return snTimeParse(all, (size_t)len, us);
}

static bool kernWhenText(const FuncCtx *c, Str s, i64 *us, double *number) {
  const char *p = s.n ? (const char *)s.p : "";
  i64 day;
  *number = NAN;
  if (snAsciiEq(p, s.n, "now", 3)) {
    *us = c->now_us;
    return true;
  }
  if (snTimeParse(p, s.n, us) || kernWhenClock(p, s.n, us)) return true;
  if (snDateParse(p, s.n, &day))
    return !__builtin_mul_overflow(day, KERN_WHEN_DAY, us);
  return snNumReal(p, s.n, number) && isfinite(*number);
}

static bool kernWhenIs(Str s, const char *word) {
  return snAsciiEq(s.n ? (const char *)s.p : "", s.n, word, strlen(word));
}

/* The first argument; number is set when it was one. */
static bool kernWhenValue(const FuncCtx *c, const Vec *v, u32 i, i64 *us,
    double *number) {
  *number = NAN;
  switch (v->type) {
    case TYPE_TIMESTAMP: *us = snKernInt(v, i); return true;
    case TYPE_DATE:
      return !__builtin_mul_overflow(snKernInt(v, i), KERN_WHEN_DAY, us);
    case TYPE_INTEGER: case TYPE_REAL:
      *number = snKernReal(v, i);
      return isfinite(*number);
    default:
      return snTypeIsString(v->type) &&
          kernWhenText(c, snKernStr(v, i), us, number);
  }
}

/* ---- Modifiers ---------------------------------------------------------- */

/* Months and days beyond the month run over: 31 January and a month is
** 3 March. */
static bool kernWhenMonths(double months, i64 *us) {
  i64 day = snDatePart(DATE_DAY, *us), first;
  double whole = trunc(months);
  if (!(fabs(months) < 120000)) return false;
  first = snDateTrunc(DATE_MONTH, *us);
  *us = snDateAdd(first, (Interval){(i64)whole, 0}, 1) +
      (day - 1) * KERN_WHEN_DAY + (*us - snDateTrunc(DATE_DAY, *us));
  return kernWhenSet((double)*us + (months - whole) * 30 * (double)
      KERN_WHEN_DAY, us);
}

/* +2 days, -1.5 hours, 3 months */
static bool kernWhenMove(Str s, i64 *us) {
  static const struct { const char *unit; double us; } units[] = {
      {"second", 1e6}, {"minute", 6e7}, {"hour", 3.6e9}, {"day", 8.64e10},
      {"month", -1}, {"year", -12}};
  const char *p = (const char *)s.p, *end = p + s.n, *q = p;
  double n;
  while (q < end && *q != ' ') q++;
  if (!snNumReal(p, (size_t)(q - p), &n)) return false;
  while (q < end && *q == ' ') q++;
  u32 len = (u32)(end - q);
  if (len && (q[len - 1] == 's' || q[len - 1] == 'S')) len--;
  for (u32 k = 0; k < SN_COUNT(units); k++) {
    if (!snAsciiEq(q, len, units[k].unit, strlen(units[k].unit))) continue;
    if (units[k].us < 0) return kernWhenMonths(n * -units[k].us, us);
    if (!(fabs(n * units[k].us) < 4e17)) return false;
    *us += llround(n * units[k].us);
    return true;
  }
  return false;
}

static bool kernWhenWeekday(Str s, i64 *us) {
  i64 want = s.n == 9 ? s.p[8] - '0' : -1;
  if (want < 0 || want > 6) return false;
  i64 gap = want - snDatePart(DATE_DOW, *us);
  *us += (gap < 0 ? gap + 7 : gap) * KERN_WHEN_DAY;
  return true;
}

static bool kernWhenModify(Str s, i64 *us) {
  static const struct { const char *text; DateUnit unit; } starts[] = {
      {"start of day", DATE_DAY}, {"start of month", DATE_MONTH},
      {"start of year", DATE_YEAR}};
  for (u32 k = 0; k < SN_COUNT(starts); k++) {
    if (!kernWhenIs(s, starts[k].text)) continue;
    *us = snDateTrunc(starts[k].unit, *us);
    return true;
  }
  if (kernWhenIs(s, "utc") || kernWhenIs(s, "localtime") ||
      kernWhenIs(s, "subsec") || kernWhenIs(s, "subsecond"))
    return true;
  if (s.n > 8 && snAsciiEq((const char *)s.p, 8, "weekday ", 8))
    return kernWhenWeekday(s, us);
  return s.n && kernWhenMove(s, us);
}

/* The moment of row i: no arguments mean now. */
static bool kernWhen(const FuncCtx *c, const Vec *args, u32 n, u32 i,
    i64 *us) {
  double number;
  u32 a = 1;
  *us = c->now_us;
  if (!n) return true;
  if (!kernWhenValue(c, &args[0], i, us, &number)) return false;
  if (!isnan(number)) {
    bool epoch = n > 1 && kernWhenIs(snKernStr(&args[1], i), "unixepoch");
    bool any = n > 1 && kernWhenIs(snKernStr(&args[1], i), "auto");
    if (any) epoch = !(number >= 0 && number < 5373484.5);
    a += epoch || any;
    if (!kernWhenSet(epoch ? number * 1e6
            : (number - KERN_WHEN_JULIAN) * (double)KERN_WHEN_DAY, us))
      return false;
  }
  for (; a < n; a++)
    if (!kernWhenModify(snKernStr(&args[a], i), us)) return false;
  return true;
}

/* ---- SQLite's functions ------------------------------------------------- */

static int kernWhenEpoch(KERN_ARGS) {
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k);
    i64 us;
    if (!kernWhen(c, args, n, i, &us)) snKernNull(out, i);
    else ((i64 *)out->data)[i] = kernWhenFloor(us, KERN_WHEN_SECOND);
  }
  return SEINE_OK;
}

static int kernWhenDate(KERN_ARGS) {
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k);
    i64 us;
    if (!kernWhen(c, args, n, i, &us)) snKernNull(out, i);
    else ((i64 *)out->data)[i] = kernWhenFloor(us, KERN_WHEN_DAY);
  }
  return SEINE_OK;
}

static int kernWhenJulian(KERN_ARGS) {
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k);
    i64 us;
    if (!kernWhen(c, args, n, i, &us)) snKernNull(out, i);
    else ((double *)out->data)[i] = (double)us / (double)KERN_WHEN_DAY +
        KERN_WHEN_JULIAN;
  }
  return SEINE_OK;
}

static int kernWhenFormat(FuncCtx *c, const Vec *args, u32 n, Rows16 rows,
    Vec *out, const char *fmt) {
  int rc = SEINE_OK;
  for (u32 k = 0; k < rows.n && !rc; k++) {
    u32 i = snKernRow(rows, k);
    i64 us;
    if (!kernWhen(c, args, n, i, &us)) {
      snKernNull(out, i);
      continue;
    }
    snDateFormat(snKernScratch(c), fmt, strlen(fmt), us);
    rc = snKernTake(c, out, i);
  }
  return rc;
}
static int kernWhenDatetime(KERN_ARGS) {
  return kernWhenFormat(c, args, n, rows, out, "%Y-%m-%d %H:%M:%S");
}
static int kernWhenTime(KERN_ARGS) {
  return kernWhenFormat(c, args, n, rows, out, "%H:%M:%S");
}
static int kernWhenDayName(KERN_ARGS) {
  return kernWhenFormat(c, args, n, rows, out, "%A");
}
static int kernWhenMonthName(KERN_ARGS) {
  return kernWhenFormat(c, args, n, rows, out, "%B");
}

static int kernWhenStrftime(KERN_ARGS) {
  int rc = SEINE_OK;
  for (u32 k = 0; k < rows.n && !rc; k++) {
    u32 i = snKernRow(rows, k);
    Str f = snKernStr(&args[0], i);
    i64 us;
    if (!kernWhen(c, args + 1, n - 1, i, &us)) {
      snKernNull(out, i);
      continue;
    }
    snDateFormat(snKernScratch(c), f.n ? (const char *)f.p : "", f.n, us);
    rc = snKernTake(c, out, i);
  }
  return rc;
}

/* ---- Patterns of letters ------------------------------------------------ */

/* What strftime says for a run of n equal letters, or NULL. */
static const char *kernWhenLetter(char letter, u32 n) {
  switch (letter) {
    case 'y': case 'u': return n == 2 ? "%y" : "%Y";
    case 'M': return n > 3 ? "%B" : n == 3 ? "%b" : "%m";
    case 'd': return "%d";
    case 'D': return "%j";
    case 'H': return "%H";
    case 'm': return "%M";
    case 's': return "%S";
    case 'E': return n > 3 ? "%A" : "%a";
    default: return NULL;
  }
}

static void kernWhenPart(Buf *b, char letter, u32 n, i64 us) {
  const char *f = kernWhenLetter(letter, n);
  i64 hour = snDatePart(DATE_HOUR, us);
  char text[16];
  size_t from = b->n;
  if (f) {
    snDateFormat(b, f, 2, us);
    if (n == 1 && strchr("MdHms", letter) && b->n == from + 2 &&
        b->data[from] == '0') {
      b->data[from] = b->data[from + 1]; /* one letter: no zero before */
      b->n--;
    }
  } else if (letter == 'h') {
    snprintf(text, sizeof text, "%0*d", (int)SN_MIN(n, 2u),
        (int)((hour + 11) % 12 + 1));
    snBufStr(b, text);
  } else if (letter == 'a') {
    snBufStr(b, hour < 12 ? "AM" : "PM");
  } else { /* S: digits of the second's fraction */
    i64 part = us - kernWhenFloor(us, KERN_WHEN_SECOND) * KERN_WHEN_SECOND;
    snprintf(text, sizeof text, "%06d", (int)part);
    for (u32 k = 0; k < n; k++) snBufByte(b, k < 6 ? (u8)text[k] : '0');
  }
}

/* yyyy-MM-dd'T'HH:mm:ss.SSS */
static int kernWhenPattern(FuncCtx *c, Buf *b, Str f, i64 us) {
  for (u32 k = 0; k < f.n;) {
    char ch = (char)f.p[k];
    u32 n = 1;
    if (ch == '\'') {
      for (k++; k < f.n && f.p[k] != '\''; k++) snBufByte(b, f.p[k]);
      k++;
      continue;
    }
    while (k + n < f.n && f.p[k + n] == f.p[k]) n++;
    if (!((ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z'))) {
      snBufAdd(b, f.p + k, n);
    } else if (n > 9 || !strchr("yuMdDHhmsSaE", ch)) {
      return snKernError(c, "a pattern of a date knows y M d D E H h m s S a, "
          "and text in '...': not %c", ch);
    } else {
      kernWhenPart(b, ch, n, us);
    }
    k += n;
  }
  return SEINE_OK;
}

static int kernWhenDateFormat(KERN_ARGS) {
  int rc = SEINE_OK;
  for (u32 k = 0; k < rows.n && !rc; k++) {
    u32 i = snKernRow(rows, k);
    rc = kernWhenPattern(c, snKernScratch(c), snKernStr(&args[1], i),
        snKernInt(&args[0], i));
    if (!rc) rc = snKernTake(c, out, i);
  }
  return rc;
}

static int kernWhenFromUnix(KERN_ARGS) {
  static const u8 plain[] = "yyyy-MM-dd HH:mm:ss";
  int rc = SEINE_OK;
  for (u32 k = 0; k < rows.n && !rc; k++) {
    u32 i = snKernRow(rows, k);
    Str f = {plain, sizeof plain - 1, 0};
    i64 us;
    if (n > 1) f = snKernStr(&args[1], i);
    if (__builtin_mul_overflow(snKernInt(&args[0], i), KERN_WHEN_SECOND, &us)) {
      snKernNull(out, i);
      continue;
    }
    rc = kernWhenPattern(c, snKernScratch(c), f, us);
    if (!rc) rc = snKernTake(c, out, i);
  }
  return rc;
}

/* ---- Dates -------------------------------------------------------------- */

/* Monday is 0. */
static int kernWhenWeekdayOf(KERN_ARGS) {
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k);
    ((i64 *)out->data)[i] =
        snDatePart(DATE_ISODOW, snKernInt(&args[0], i)) - 1;
  }
  return SEINE_OK;
}

static int kernWhenAddMonths(KERN_ARGS) {
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k);
    Interval w = {snKernInt(&args[1], i), 0};
    i64 us = snDateAdd(snKernInt(&args[0], i), w, 1);
    ((i64 *)out->data)[i] = kernWhenFloor(us, KERN_WHEN_DAY);
  }
  return SEINE_OK;
}

static bool kernWhenLast(i64 us) {
  return us <= INT64_MAX - KERN_WHEN_DAY &&
      snDatePart(DATE_DAY, us + KERN_WHEN_DAY) == 1;
}

static i64 kernWhenTimeOf(i64 us) {
  i64 rest = us % KERN_WHEN_DAY;
  return rest < 0 ? rest + KERN_WHEN_DAY : rest;
}

/* As in Spark: whole months between days of one number, or between two last
** days; else the rest is parts of a month of 31 days, to 8 digits. */
static double kernWhenBetween(i64 a, i64 b) {
  i64 days = snDatePart(DATE_DAY, a) - snDatePart(DATE_DAY, b);
  i64 months = 12 * (snDatePart(DATE_YEAR, a) - snDatePart(DATE_YEAR, b)) +
      snDatePart(DATE_MONTH, a) - snDatePart(DATE_MONTH, b);
  if (!days || (kernWhenLast(a) && kernWhenLast(b))) return (double)months;
  i64 time = kernWhenTimeOf(a) - kernWhenTimeOf(b);
  double rest = (double)(days * KERN_WHEN_DAY + time) /
      (31.0 * (double)KERN_WHEN_DAY);
  return round(((double)months + rest) * 1e8) / 1e8;
}

static int kernWhenMonthsBetween(KERN_ARGS) {
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k);
    ((double *)out->data)[i] = kernWhenBetween(snKernInt(&args[0], i),
        snKernInt(&args[1], i));
  }
  return SEINE_OK;
}

/* The next day of that name behind a date. */
static int kernWhenNextDay(KERN_ARGS) {
  static const char days[] = "mondaytuesdaywednesdaythursdayfridaysaturday"
      "sunday";
  static const u8 at[] = {0, 6, 13, 22, 30, 36, 44, 50};
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k), d = 0;
    Str s = snKernStr(&args[1], i);
    i64 us = snKernInt(&args[0], i), gap;
    for (d = 0; d < 7; d++) {
      u32 len = (u32)(at[d + 1] - at[d]);
      bool fits = s.n >= 2 && s.n <= len;
      if (fits && snAsciiEq((const char *)s.p, s.n, days + at[d], s.n)) break;
    }
    if (d == 7) {
      snKernNull(out, i);
      continue;
    }
    gap = d + 1 - snDatePart(DATE_ISODOW, us);
    ((i64 *)out->data)[i] = kernWhenFloor(us, KERN_WHEN_DAY) +
        (gap <= 0 ? gap + 7 : gap);
  }
  return SEINE_OK;
}

/* ---- The part of the table ---------------------------------------------- */

/* clang-format off */
static const Func kernWhenFuncs[] = {
  {"unixepoch",      "?*s+", TYPE_INTEGER, 0, kernWhenEpoch},
  {"unix_timestamp", "?t",   TYPE_INTEGER, 0, kernWhenEpoch},
  {"julianday",      "?*s+", TYPE_REAL,    0, kernWhenJulian},
  {"datetime",       "?*s+", TYPE_TEXT,    0, kernWhenDatetime},
  {"time",           "?*s+", TYPE_TEXT,    0, kernWhenTime},
  {"date",           "?*s+", TYPE_DATE,    0, kernWhenDate},
  {"to_date",        "t",    TYPE_DATE,    0, kernWhenDate},
  {"strftime",       "s?*s+", TYPE_TEXT,   0, kernWhenStrftime},
  {"date_format",    "ts",   TYPE_TEXT,    0, kernWhenDateFormat},
  {"from_unixtime",  "i?s",  TYPE_TEXT,    0, kernWhenFromUnix},
  {"dayname",        "t",    TYPE_TEXT,    0, kernWhenDayName},
  {"monthname",      "t",    TYPE_TEXT,    0, kernWhenMonthName},
  {"weekday",        "t",    TYPE_INTEGER, 0, kernWhenWeekdayOf},
  {"add_months",     "ti",   TYPE_DATE,    0, kernWhenAddMonths},
  {"months_between", "tt",   TYPE_REAL,    0, kernWhenMonthsBetween},
  {"next_day",       "ts",   TYPE_DATE,    0, kernWhenNextDay},
};
/* clang-format on */

const Func *snKernWhenList(u32 *n) {
  *n = SN_COUNT(kernWhenFuncs);
  return kernWhenFuncs;
}

#undef KERN_WHEN_SECOND
#undef KERN_WHEN_DAY
#undef KERN_WHEN_JULIAN
