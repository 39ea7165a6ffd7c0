/*
** kern_date: functions of TIMESTAMP (microseconds) and DATE (days).
**
** (1) The calendar is base/date.c's; here a DATE is the midnight that begins
**     it, and every kernel takes either.
** (2) A unit or a width that is wrong is an error, since it stands in the
**     statement; a moment that is wrong is NULL, since it stands in the data.
** (3) A constant unit or width is read once per call.
*/
#include "vm/kern.h"

#define KERN_DATE_SECOND 1000000ll
#define KERN_DATE_DAY    86400000000ll

static inline i64 kernDateFloor(i64 a, i64 b) {
  i64 q = a / b;
  return q - (a % b < 0);
}

/* Microseconds of a TIMESTAMP or a DATE. */
static inline i64 kernDateUs(const Vec *v, u32 i) {
  i64 x = snKernInt(v, i), us;
  if (v->type != TYPE_DATE) return x;
  if (!__builtin_mul_overflow(x, KERN_DATE_DAY, &us)) return us;
  return x < 0 ? INT64_MIN : INT64_MAX;
}

/* Stores a moment into a TIMESTAMP or, its day, into a DATE. */
static inline void kernDatePut(Vec *out, u32 i, i64 us) {
  if (out->type == TYPE_DATE) us = kernDateFloor(us, KERN_DATE_DAY);
  ((i64 *)out->data)[i] = us;
}

static int kernDateUnit(FuncCtx *c, const Vec *v, u32 i, const char *who,
    DateUnit *u) {
  Str s = snKernStr(v, i);
  *u = s.n ? snDateUnit((const char *)s.p, s.n) : DATE_NONE;
  if (*u != DATE_NONE) return SEINE_OK;
  return snKernError(c, "%s: no such unit: \"%.*s\"", who,
      (int)SN_MIN(s.n, 40u), s.n ? (const char *)s.p : "");
}

int snKernInterval(FuncCtx *c, const Vec *v, u32 i, Interval *w) {
  Str s = snKernStr(v, i);
  *w = (Interval){0, 0};
  if (v->type == TYPE_INTERVAL && s.n == sizeof *w) {
    memcpy(w, s.p, sizeof *w);
    return SEINE_OK;
  }
  if (v->type != TYPE_INTERVAL &&
      snIntervalParse((const char *)s.p, s.n, w)) {
    return SEINE_OK;
  }
  return snKernError(c, "not an interval: \"%.*s\"",
      v->type == TYPE_INTERVAL ? 0 : (int)SN_MIN(s.n, 40u),
      s.n ? (const char *)s.p : "");
}

/* ---- Rounding down ------------------------------------------------------ */

static bool kernDateHasLength(DateUnit u) {
  return u >= DATE_MICROSECOND && u <= DATE_CENTURY;
}

static int kernDateTrunc(KERN_ARGS) {
  DateUnit u = DATE_NONE;
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k);
    if (snKernOnce(&args[0], k)) {
      int rc = kernDateUnit(c, &args[0], i, "date_trunc", &u);
      if (rc) return rc;
      if (!kernDateHasLength(u) && u != DATE_ISOYEAR) {
        return snKernError(c, "date_trunc: this unit has no length");
      }
    }
    kernDatePut(out, i, snDateTrunc(u, kernDateUs(&args[1], i)));
  }
  return SEINE_OK;
}

static int kernDateBucket(KERN_ARGS) {
  Interval w = {0, 0};
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k);
    if (snKernOnce(&args[0], k)) {
      int rc = snKernInterval(c, &args[0], i, &w);
      if (rc) return rc;
      if (w.months < 0 || w.us < 0 || !w.months == !w.us) {
        return snKernError(c, "time_bucket: the width must be positive, "
            "and months or time, not both");
      }
    }
    kernDatePut(out, i, snDateBucket(w, kernDateUs(&args[1], i),
        n > 2 ? kernDateUs(&args[2], i) : SN_NO_ORIGIN));
  }
  return SEINE_OK;
}

static int kernDateLastDay(KERN_ARGS) {
  Interval month = {1, 0};
  i64 *o = out->data;
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k);
    i64 us = snDateTrunc(DATE_MONTH, kernDateUs(&args[0], i));
    o[i] = kernDateFloor(snDateAdd(us, month, 1), KERN_DATE_DAY) - 1;
  }
  return SEINE_OK;
}

/* ---- Parts -------------------------------------------------------------- */

static int kernDatePart(KERN_ARGS) {
  i64 *o = out->data;
  DateUnit u = DATE_NONE;
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k);
    if (snKernOnce(&args[0], k)) {
      int rc = kernDateUnit(c, &args[0], i, "date_part", &u);
      if (rc) return rc;
    }
    o[i] = snDatePart(u, kernDateUs(&args[1], i));
  }
  return SEINE_OK;
}

static int kernDateOne(const Vec *args, Rows16 rows, Vec *out, DateUnit u) {
  i64 *o = out->data;
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k);
    o[i] = snDatePart(u, kernDateUs(&args[0], i));
  }
  return SEINE_OK;
}

static int kernDateYear(KERN_ARGS) {
  return kernDateOne(args, rows, out, DATE_YEAR);
}
static int kernDateQuarter(KERN_ARGS) {
  return kernDateOne(args, rows, out, DATE_QUARTER);
}
static int kernDateMonth(KERN_ARGS) {
  return kernDateOne(args, rows, out, DATE_MONTH);
}
static int kernDateWeek(KERN_ARGS) {
  return kernDateOne(args, rows, out, DATE_WEEK);
}
static int kernDateDayOfMonth(KERN_ARGS) {
  return kernDateOne(args, rows, out, DATE_DAY);
}
static int kernDateDow(KERN_ARGS) {
  return kernDateOne(args, rows, out, DATE_DOW);
}
static int kernDateIsoDow(KERN_ARGS) {
  return kernDateOne(args, rows, out, DATE_ISODOW);
}
static int kernDateDoy(KERN_ARGS) {
  return kernDateOne(args, rows, out, DATE_DOY);
}
static int kernDateHour(KERN_ARGS) {
  return kernDateOne(args, rows, out, DATE_HOUR);
}
static int kernDateMinute(KERN_ARGS) {
  return kernDateOne(args, rows, out, DATE_MINUTE);
}
static int kernDateSecond(KERN_ARGS) {
  return kernDateOne(args, rows, out, DATE_SECOND);
}

static int kernDateEpochIn(const Vec *args, Rows16 rows, Vec *out, i64 unit) {
  i64 *o = out->data;
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k);
    o[i] = kernDateFloor(kernDateUs(&args[0], i), unit);
  }
  return SEINE_OK;
}

static int kernDateEpoch(KERN_ARGS) {
  return kernDateEpochIn(args, rows, out, KERN_DATE_SECOND);
}
static int kernDateEpochMs(KERN_ARGS) {
  return kernDateEpochIn(args, rows, out, 1000);
}
static int kernDateEpochUs(KERN_ARGS) {
  return kernDateEpochIn(args, rows, out, 1);
}

/* ---- Making moments ----------------------------------------------------- */

/* date(ts), date(date), timestamp(date) and the like. */
static int kernDateConvert(KERN_ARGS) {
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k);
    kernDatePut(out, i, kernDateUs(&args[0], i));
  }
  return SEINE_OK;
}

static int kernDateRead(KERN_ARGS) {
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k);
    Str s = snKernStr(&args[0], i);
    const char *p = (const char *)s.p;
    i64 us = 0;
    bool good = s.n && snTimeParse(p, s.n, &us);
    if (!good && s.n && snAsciiEq(p, s.n, "now", 3)) {
      us = c->now_us;
      good = true;
    }
    kernDatePut(out, i, us);
    if (!good) snKernNull(out, i);
  }
  return SEINE_OK;
}

static int kernDateFromSeconds(KERN_ARGS) {
  i64 *o = out->data;
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k);
    i64 x = snKernInt(&args[0], i);
    if (__builtin_mul_overflow(x, KERN_DATE_SECOND, &o[i])) {
      snKernNull(out, i);
    }
  }
  return SEINE_OK;
}

static int kernDateFromReal(KERN_ARGS) {
  i64 *o = out->data;
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k);
    double us = nearbyint(snKernReal(&args[0], i) * 1e6);
    bool good = us >= -0x1p63 && us < 0x1p63;
    o[i] = good ? (i64)us : 0;
    if (!good) snKernNull(out, i);
  }
  return SEINE_OK;
}

static int kernDateFromUs(KERN_ARGS) {
  i64 *o = out->data;
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k);
    o[i] = snKernInt(&args[0], i);
  }
  return SEINE_OK;
}

static bool kernDateCivil(i64 y, i64 m, i64 d, i64 *days) {
  Interval from = {0, 0}, month = {1, 0};
  i64 us, next;
  *days = 0;
  if (y < -9999 || y > 9999 || m < 1 || m > 12 || d < 1 || d > 31) {
    return false;
  }
  from.months = (y - 1970) * 12 + m - 1;
  us = snDateAdd(0, from, 1);
  next = snDateAdd(us, month, 1);
  us += (d - 1) * KERN_DATE_DAY;
  if (us >= next) return false;
  *days = kernDateFloor(us, KERN_DATE_DAY);
  return true;
}

static int kernDateMake(KERN_ARGS) {
  i64 *o = out->data;
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k);
    if (!kernDateCivil(snKernInt(&args[0], i), snKernInt(&args[1], i),
        snKernInt(&args[2], i), &o[i])) {
      snKernNull(out, i);
    }
  }
  return SEINE_OK;
}

/* now() or, when a DATE is asked for, today(). */
static int kernDateNow(KERN_ARGS) {
  (void)args;
  for (u32 k = 0; k < rows.n; k++) {
    kernDatePut(out, snKernRow(rows, k), c->now_us);
  }
  return SEINE_OK;
}

/* ---- Arithmetic --------------------------------------------------------- */

static int kernDateMove(FuncCtx *c, const Vec *args, Rows16 rows, Vec *out,
    int sign) {
  Interval w = {0, 0};
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k);
    if (snKernOnce(&args[1], k)) {
      int rc = snKernInterval(c, &args[1], i, &w);
      if (rc) return rc;
    }
    kernDatePut(out, i, snDateAdd(kernDateUs(&args[0], i), w, sign));
  }
  return SEINE_OK;
}

static int kernDateAdd(KERN_ARGS) {
  return kernDateMove(c, args, rows, out, 1);
}

static int kernDateSub(KERN_ARGS) {
  return kernDateMove(c, args, rows, out, -1);
}

/* *w times n; false: it is too large.  Months have no length that could be
** cut, so they have to stay whole. */
static bool kernDateTimesReal(Interval *w, double n, bool *whole) {
  double months = (double)w->months * n, us = round((double)w->us * n);
  *whole = !isfinite(months) || months == trunc(months);
  if (!(fabs(months) < 0x1p63 && fabs(us) < 0x1p63)) return false;
  *w = (Interval){(i64)months, (i64)us};
  return true;
}

static int kernDateTimes(KERN_ARGS) {
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k);
    Interval w;
    bool fits, whole = true;
    int rc = snKernInterval(c, &args[0], i, &w);
    if (rc) return rc;
    if (args[1].type == TYPE_REAL) {
      fits = kernDateTimesReal(&w, snKernReal(&args[1], i), &whole);
    } else {
      i64 by = snKernInt(&args[1], i);
      fits = !__builtin_mul_overflow(w.months, by, &w.months) &&
          !__builtin_mul_overflow(w.us, by, &w.us);
    }
    if (!whole)
      return snKernError(c, "an interval of months or years is multiplied by "
          "whole numbers");
    snBufAdd(snKernScratch(c), &w, sizeof w);
    rc = snKernTake(c, out, i);
    if (rc) return rc;
    if (!fits) snKernNull(out, i);
  }
  return SEINE_OK;
}

static int kernDateAddDays(KERN_ARGS) {
  i64 *o = out->data;
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k);
    i64 x = snKernInt(&args[0], i), days = snKernInt(&args[1], i);
    if (__builtin_add_overflow(x, days, &o[i])) snKernNull(out, i);
  }
  return SEINE_OK;
}

static int kernDateSubDays(KERN_ARGS) {
  i64 *o = out->data;
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k);
    i64 x = snKernInt(&args[0], i), days = snKernInt(&args[1], i);
    if (__builtin_sub_overflow(x, days, &o[i])) snKernNull(out, i);
  }
  return SEINE_OK;
}

/* Number of the unit that holds us, counted without a gap. */
static i64 kernDateNumber(DateUnit u, i64 us) {
  i64 year;
  switch (u) {
    case DATE_MICROSECOND: return us;
    case DATE_MILLISECOND: return kernDateFloor(us, 1000);
    case DATE_SECOND: return kernDateFloor(us, KERN_DATE_SECOND);
    case DATE_MINUTE: return kernDateFloor(us, 60 * KERN_DATE_SECOND);
    case DATE_HOUR: return kernDateFloor(us, 3600 * KERN_DATE_SECOND);
    case DATE_DAY: return kernDateFloor(us, KERN_DATE_DAY);
    case DATE_WEEK: /* day -3 was a Monday */
      return kernDateFloor(kernDateFloor(us, KERN_DATE_DAY) + 3, 7);
    default: break;
  }
  year = snDatePart(DATE_YEAR, us);
  switch (u) {
    case DATE_MONTH: return year * 12 + snDatePart(DATE_MONTH, us);
    case DATE_QUARTER: return year * 4 + snDatePart(DATE_QUARTER, us);
    case DATE_DECADE: return kernDateFloor(year, 10);
    case DATE_CENTURY: return kernDateFloor(year - 1, 100);
    default: return year;
  }
}

/* How many times the unit changes on the way from the first to the second. */
static int kernDateDiff(KERN_ARGS) {
  i64 *o = out->data;
  DateUnit u = DATE_NONE;
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k);
    i64 from, to;
    if (snKernOnce(&args[0], k)) {
      int rc = kernDateUnit(c, &args[0], i, "date_diff", &u);
      if (rc) return rc;
      if (!kernDateHasLength(u)) {
        return snKernError(c, "date_diff: this unit has no length");
      }
    }
    from = kernDateNumber(u, kernDateUs(&args[1], i));
    to = kernDateNumber(u, kernDateUs(&args[2], i));
    if (__builtin_sub_overflow(to, from, &o[i])) snKernNull(out, i);
  }
  return SEINE_OK;
}

static int kernDateStrftime(KERN_ARGS) {
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k);
    Str s = snKernStr(&args[0], i);
    int rc;
    snDateFormat(snKernScratch(c), s.n ? (const char *)s.p : "", s.n,
        kernDateUs(&args[1], i));
    rc = snKernTake(c, out, i);
    if (rc) return rc;
  }
  return SEINE_OK;
}

/* ---- The table ---------------------------------------------------------- */

/* clang-format off */
static const Func kernDateFuncs[] = {
  {"date_trunc",        "st",   TYPE_TIMESTAMP, 0, kernDateTrunc},
  {"date_trunc",        "sd",   TYPE_DATE,      0, kernDateTrunc},
  {"time_bucket",       "vt?t", TYPE_TIMESTAMP, 0, kernDateBucket},
  {"time_bucket",       "st?t", TYPE_TIMESTAMP, 0, kernDateBucket},
  {"time_bucket",       "vd?d", TYPE_TIMESTAMP, 0, kernDateBucket},
  {"time_bucket",       "sd?d", TYPE_TIMESTAMP, 0, kernDateBucket},
  {"last_day",          "t",    TYPE_DATE,      0, kernDateLastDay},
  {"last_day",          "d",    TYPE_DATE,      0, kernDateLastDay},
  {"date_part",         "st",   TYPE_INTEGER,   0, kernDatePart},
  {"date_part",         "sd",   TYPE_INTEGER,   0, kernDatePart},
  {"year",              "t",    TYPE_INTEGER,   0, kernDateYear},
  {"year",              "d",    TYPE_INTEGER,   0, kernDateYear},
  {"quarter",           "t",    TYPE_INTEGER,   0, kernDateQuarter},
  {"quarter",           "d",    TYPE_INTEGER,   0, kernDateQuarter},
  {"month",             "t",    TYPE_INTEGER,   0, kernDateMonth},
  {"month",             "d",    TYPE_INTEGER,   0, kernDateMonth},
  {"week",              "t",    TYPE_INTEGER,   0, kernDateWeek},
  {"week",              "d",    TYPE_INTEGER,   0, kernDateWeek},
  {"weekofyear",        "t",    TYPE_INTEGER,   0, kernDateWeek},
  {"weekofyear",        "d",    TYPE_INTEGER,   0, kernDateWeek},
  {"day",               "t",    TYPE_INTEGER,   0, kernDateDayOfMonth},
  {"day",               "d",    TYPE_INTEGER,   0, kernDateDayOfMonth},
  {"dayofmonth",        "t",    TYPE_INTEGER,   0, kernDateDayOfMonth},
  {"dayofmonth",        "d",    TYPE_INTEGER,   0, kernDateDayOfMonth},
  {"dow",               "t",    TYPE_INTEGER,   0, kernDateDow},
  {"dow",               "d",    TYPE_INTEGER,   0, kernDateDow},
  {"dayofweek",         "t",    TYPE_INTEGER,   0, kernDateDow},
  {"dayofweek",         "d",    TYPE_INTEGER,   0, kernDateDow},
  {"isodow",            "t",    TYPE_INTEGER,   0, kernDateIsoDow},
  {"isodow",            "d",    TYPE_INTEGER,   0, kernDateIsoDow},
  {"doy",               "t",    TYPE_INTEGER,   0, kernDateDoy},
  {"doy",               "d",    TYPE_INTEGER,   0, kernDateDoy},
  {"dayofyear",         "t",    TYPE_INTEGER,   0, kernDateDoy},
  {"dayofyear",         "d",    TYPE_INTEGER,   0, kernDateDoy},
  {"hour",              "t",    TYPE_INTEGER,   0, kernDateHour},
  {"hour",              "d",    TYPE_INTEGER,   0, kernDateHour},
  {"minute",            "t",    TYPE_INTEGER,   0, kernDateMinute},
  {"minute",            "d",    TYPE_INTEGER,   0, kernDateMinute},
  {"second",            "t",    TYPE_INTEGER,   0, kernDateSecond},
  {"second",            "d",    TYPE_INTEGER,   0, kernDateSecond},
  {"epoch",             "t",    TYPE_INTEGER,   0, kernDateEpoch},
  {"epoch",             "d",    TYPE_INTEGER,   0, kernDateEpoch},
  {"epoch_ms",          "t",    TYPE_INTEGER,   0, kernDateEpochMs},
  {"epoch_ms",          "d",    TYPE_INTEGER,   0, kernDateEpochMs},
  {"epoch_us",          "t",    TYPE_INTEGER,   0, kernDateEpochUs},
  {"epoch_us",          "d",    TYPE_INTEGER,   0, kernDateEpochUs},
  {"strftime",          "st",   TYPE_TEXT,      0, kernDateStrftime},
  {"strftime",          "sd",   TYPE_TEXT,      0, kernDateStrftime},
  {"date",              "d",    TYPE_DATE,      0, kernDateConvert},
  {"date",              "t",    TYPE_DATE,      0, kernDateConvert},
  {"date",              "s",    TYPE_DATE,      0, kernDateRead},
  {"timestamp",         "t",    TYPE_TIMESTAMP, 0, kernDateConvert},
  {"timestamp",         "d",    TYPE_TIMESTAMP, 0, kernDateConvert},
  {"timestamp",         "s",    TYPE_TIMESTAMP, 0, kernDateRead},
  {"to_timestamp",      "i",    TYPE_TIMESTAMP, 0, kernDateFromSeconds},
  {"to_timestamp",      "r",    TYPE_TIMESTAMP, 0, kernDateFromReal},
  {"make_timestamp",    "i",    TYPE_TIMESTAMP, 0, kernDateFromUs},
  {"make_date",         "iii",  TYPE_DATE,      0, kernDateMake},
  {"date_diff",         "stt",  TYPE_INTEGER,   0, kernDateDiff},
  {"date_diff",         "sdd",  TYPE_INTEGER,   0, kernDateDiff},
  {"datediff",          "stt",  TYPE_INTEGER,   0, kernDateDiff},
  {"datediff",          "sdd",  TYPE_INTEGER,   0, kernDateDiff},
  {"date_add",          "tv",   TYPE_TIMESTAMP, 0, kernDateAdd},
  {"date_add",          "dv",   TYPE_TIMESTAMP, 0, kernDateAdd},
  {"date_add",          "di",   TYPE_DATE,      0, kernDateAddDays},
  {"date_add",          "ts",   TYPE_TIMESTAMP, 0, kernDateAdd},
  {"date_add",          "ds",   TYPE_TIMESTAMP, 0, kernDateAdd},
  {"date_sub",          "tv",   TYPE_TIMESTAMP, 0, kernDateSub},
  {"date_sub",          "dv",   TYPE_TIMESTAMP, 0, kernDateSub},
  {"date_sub",          "di",   TYPE_DATE,      0, kernDateSubDays},
  {"date_sub",          "ts",   TYPE_TIMESTAMP, 0, kernDateSub},
  {"date_sub",          "ds",   TYPE_TIMESTAMP, 0, kernDateSub},
  {"interval_times",    "vi",   TYPE_INTERVAL,  0, kernDateTimes},
  {"interval_times",    "vr",   TYPE_INTERVAL,  0, kernDateTimes},
  {"now",               "",     TYPE_TIMESTAMP, 0, kernDateNow},
  {"current_timestamp", "",     TYPE_TIMESTAMP, 0, kernDateNow},
  {"current_date",      "",     TYPE_DATE,      0, kernDateNow},
  {"today",             "",     TYPE_DATE,      0, kernDateNow},
};
/* clang-format on */

const Func *snKernDateList(u32 *n) {
  *n = SN_COUNT(kernDateFuncs);
  return kernDateFuncs;
}

#undef KERN_DATE_SECOND
#undef KERN_DATE_DAY
