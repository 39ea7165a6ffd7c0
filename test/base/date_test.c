/*
** date_test: the calendar of room base.
**   1. every day of 20,000 years, text and back
**   2. forms of time, and what is none
**   3. units, intervals, buckets, arithmetic, parts, formats
*/
#include "base/base.h"

static int test_count, test_failed;

static void testOk(bool ok, const char *name) {
  printf("%sok %d - %s\n", ok ? "" : "not ", ++test_count, name);
  test_failed += !ok;
}

static i64 testAt(const char *text) {
  i64 us;
  if (!snTimeParse(text, strlen(text), &us)) testOk(false, text);
  return us;
}

static void testShows(i64 us, const char *want, const char *name) {
  char out[40];
  u32 n = snTimeText(us, out);
  bool ok = n == strlen(out) && !strcmp(out, want);
  testOk(ok, name);
  if (!ok) printf("# got %s want %s\n", out, want);
}

static void testTime(const char *text, const char *want) {
  i64 us;
  if (snTimeParse(text, strlen(text), &us)) testShows(us, want, text);
  else testOk(!strcmp(want, "-") && !us, text[0] ? text : "no time");
}

static void testDays(void) {
  char out[40], last[40] = "";
  bool good = true;
  i64 back, us;
  u32 n;
  for (i64 d = -4371587; d <= 2932896; d++) {
    n = snDateText(d, out);
    good = good && snDateParse(out, n, &back) && back == d;
    good = good && strcmp(out, last) != 0;
    memcpy(last, out, sizeof out);
    if (d % 97) continue;
    us = d * 86400000000ll + (d % 86400000) * 999;
    n = snTimeText(us, out);
    good = good && snTimeParse(out, n, &back) && back == us;
  }
  testOk(good, "every day of the years -9999 to 9999");
  testOk(snDateParse("1970-01-01", 10, &back) && back == 0, "the epoch");
  testOk(snDateParse("2000-02-29", 10, &back) && back == 11016, "leap day");
  testOk(!snDateParse("1900-02-29", 10, &back) && !back, "no leap day");
  testOk(!snDateParse("2015-13-01", 10, &back) &&
          !snDateParse("2015-00-01", 10, &back) &&
          !snDateParse("2015-04-31", 10, &back) &&
          !snDateParse("2015-04-00", 10, &back) &&
          !snDateParse("2015-04-1", 9, &back) &&
          !snDateParse("20150401xx", 10, &back) &&
          !snDateParse("2015-04-01 ", 11, &back) &&
          !snDateParse("", 0, &back), "no dates");
}

static void testForms(void) {
  testTime("2015-05-17T10:05:03.123456Z", "2015-05-17 10:05:03.123456");
  testTime("2015-05-17T10:05:03.25+02:00", "2015-05-17 08:05:03.25");
  testTime("2015-05-17T10:05:03-0230", "2015-05-17 12:35:03");
  testTime("2015-05-17T10:05:03+05", "2015-05-17 05:05:03");
  testTime("2015-05-17 10:05:03 +0000", "2015-05-17 10:05:03");
  testTime("2015-05-17 10:05", "2015-05-17 10:05:00");
  testTime("2015-05-17T10:05Z", "2015-05-17 10:05:00");
  testTime("2015-05-17", "2015-05-17 00:00:00");
  testTime("17/May/2015:10:05:03 +0000", "2015-05-17 10:05:03");
  testTime("17/may/2015:10:05:03 +0200", "2015-05-17 08:05:03");
  testTime("17/Dec/2015:10:05:03", "2015-12-17 10:05:03");
  testTime("2015-05-17 10:05:03,250", "2015-05-17 10:05:03.25");
  testTime("2015-05-17 10:05:03.123456789", "2015-05-17 10:05:03.123456");
  testTime("2015-06-30T23:59:60Z", "2015-07-01 00:00:00");
  testTime("-0044-03-15 12:00:00", "-0044-03-15 12:00:00");
  testTime("1969-12-31 23:59:59.999999", "1969-12-31 23:59:59.999999");
  testTime("9999-12-31T23:59:59.999999Z", "9999-12-31 23:59:59.999999");
  testTime("9999-12-31T23:59:59-01:00", "-");
  testTime("-9999-01-01T00:00:00+01:00", "-");
  testTime("", "-");
  testTime("2015", "-");
  testTime("1431857103", "-");
  testTime("1431857103000", "-");
  testTime("20150517T100503Z", "-");
  testTime("2015-05-17T", "-");
  testTime("2015-05-17T1", "-");
  testTime("2015-05-17T24:00", "-");
  testTime("2015-05-17T10:60", "-");
  testTime("2015-05-17T10:05:61", "-");
  testTime("2015-05-17T10:05:", "-");
  testTime("2015-05-17T10:05:03.", "-");
  testTime("2015-05-17T10:05:03.1234567890", "-");
  testTime("2015-05-17T10:05:03X", "-");
  testTime("2015-05-17T10:05:03ZZ", "-");
  testTime("2015-05-17T10:05:03+2", "-");
  testTime("2015-05-17T10:05:03+02:0", "-");
  testTime("2015-05-17T10:05:03+24:00", "-");
  testTime("2015-05-17x10:05:03", "-");
  testTime("2015-05-17 ", "-");
  testTime("2015-5-17 10:05:03", "-");
  testTime("31/Feb/2015:10:05:03", "-");
  testTime("17/Foo/2015:10:05:03", "-");
  testTime("17/May/2015", "-");
  testTime("192.168.100.1", "-");
}

static void testInterval(const char *text, bool good, i64 months, i64 us) {
  Interval w;
  bool got = snIntervalParse(text, strlen(text), &w);
  testOk(got == good && w.months == months && w.us == us,
      text[0] ? text : "no interval");
}

#define TEST_HOUR 3600000000ll
#define TEST_DAY  86400000000ll

static void testUnits(void) {
  testOk(snDateUnit("hour", 4) == DATE_HOUR &&
          snDateUnit("HOURS", 5) == DATE_HOUR &&
          snDateUnit("ms", 2) == DATE_MILLISECOND &&
          snDateUnit("m", 1) == DATE_MINUTE &&
          snDateUnit("M", 1) == DATE_MONTH &&
          snDateUnit("centuries", 9) == DATE_CENTURY &&
          snDateUnit("isodow", 6) == DATE_ISODOW &&
          snDateUnit("s", 1) == DATE_SECOND, "units");
  testOk(!snDateUnit("", 0) && !snDateUnit("hourss", 6) &&
          !snDateUnit("fortnight", 9), "no units");
  testInterval("1 hour", true, 0, TEST_HOUR);
  testInterval("12 hours 30 minutes", true, 0, 25 * TEST_HOUR / 2);
  testInterval("1 month", true, 1, 0);
  testInterval("1h", true, 0, TEST_HOUR);
  testInterval("30d", true, 0, 30 * TEST_DAY);
  testInterval("1 day 2h", true, 0, TEST_DAY + 2 * TEST_HOUR);
  testInterval("1 day2h", true, 0, TEST_DAY + 2 * TEST_HOUR);
  testInterval("1 year, 2 months -3 days", true, 14, -3 * TEST_DAY);
  testInterval("1.5 hours", true, 0, 3 * TEST_HOUR / 2);
  testInterval("0.5 year", true, 6, 0);
  testInterval("500ms", true, 0, 500000);
  testInterval("1w", true, 0, 7 * TEST_DAY);
  testInterval("1 quarter", true, 3, 0);
  testInterval("0.5 month", false, 0, 0);
  testInterval("", false, 0, 0);
  testInterval("5", false, 0, 0);
  testInterval("hour", false, 0, 0);
  testInterval("1 dow", false, 0, 0);
  testInterval("1 hour x", false, 0, 0);
  testInterval("- day", false, 0, 0);
  testInterval("1.2.3 days", false, 0, 0);
  testInterval("9999999999999999 years", true, 119999999999999988, 0);
  testInterval("9999999999999999 days", false, 0, 0);
  testInterval("99999999999999999999 us", false, 0, 0);
}

static void testTrunc(const char *unit, const char *want) {
  i64 us = testAt("2015-05-17 10:05:03.123456");
  testShows(snDateTrunc(snDateUnit(unit, strlen(unit)), us), want, unit);
}

static void testBucket(const char *width, const char *at, i64 origin,
    const char *want) {
  Interval w;
  if (!snIntervalParse(width, strlen(width), &w)) testOk(false, width);
  testShows(snDateBucket(w, testAt(at), origin), want, width);
}

static void testBuckets(void) {
  testTrunc("microsecond", "2015-05-17 10:05:03.123456");
  testTrunc("millisecond", "2015-05-17 10:05:03.123");
  testTrunc("second", "2015-05-17 10:05:03");
  testTrunc("minute", "2015-05-17 10:05:00");
  testTrunc("hour", "2015-05-17 10:00:00");
  testTrunc("day", "2015-05-17 00:00:00");
  testTrunc("week", "2015-05-11 00:00:00");
  testTrunc("month", "2015-05-01 00:00:00");
  testTrunc("quarter", "2015-04-01 00:00:00");
  testTrunc("year", "2015-01-01 00:00:00");
  testTrunc("decade", "2010-01-01 00:00:00");
  testTrunc("century", "2001-01-01 00:00:00");
  testTrunc("isoyear", "2014-12-29 00:00:00");
  testShows(snDateTrunc(DATE_HOUR, -1), "1969-12-31 23:00:00", "before 1970");
  testBucket("1 week", "2015-05-17 10:00", SN_NO_ORIGIN,
      "2015-05-11 00:00:00");
  testBucket("3 hours", "2015-05-17 10:00", SN_NO_ORIGIN,
      "2015-05-17 09:00:00");
  testBucket("1 day", "1969-05-17 10:00", SN_NO_ORIGIN, "1969-05-17 00:00:00");
  testBucket("1 day", "2015-05-17 03:00", testAt("2015-01-01 06:00"),
      "2015-05-16 06:00:00");
  testBucket("1 month", "2015-05-17 10:00", SN_NO_ORIGIN,
      "2015-05-01 00:00:00");
  testBucket("5 months", "1999-05-17 10:00", SN_NO_ORIGIN,
      "1999-03-01 00:00:00");
  testBucket("1 year", "2015-05-17", testAt("2010-07-01"),
      "2014-07-01 00:00:00");
  testOk(snDateBucket((Interval){0, 0}, 77, SN_NO_ORIGIN) == 77 &&
          snDateBucket((Interval){-1, 0}, 77, SN_NO_ORIGIN) == 77,
      "a bucket without width");
}

static void testAdd(const char *at, const char *width, int sign,
    const char *want) {
  Interval w;
  if (!snIntervalParse(width, strlen(width), &w)) testOk(false, width);
  testShows(snDateAdd(testAt(at), w, sign), want, want);
}

static void testParts(const char *at, const char *units, const i64 *want) {
  i64 us = testAt(at);
  const char *p = units;
  for (u32 i = 0; *p; i++) {
    size_t n = strcspn(p, " ");
    char name[64];
    i64 got = snDatePart(snDateUnit(p, n), us);
    snprintf(name, sizeof name, "%.*s of %s", (int)n, p, at);
    testOk(got == want[i], name);
    if (got != want[i]) printf("# got %lld\n", (long long)got);
    p += n;
    p += *p == ' ';
  }
}

static void testFormat(void) {
  Buf b;
  static const char fmt[] = "%Y-%m-%d %H:%M:%S.%f %j %w %s %% %y %b %B %a %A "
                            "%e|%Q|%";
  static const char want[] = "2015-05-07 10:05:03.000250 127 4 1430993103 % "
                             "15 May May Thu Thursday  7|%Q|%";
  snBufInit(&b, NULL);
  snDateFormat(&b, fmt, sizeof fmt - 1, testAt("2015-05-07 10:05:03.00025"));
  testOk(!strcmp(snBufText(&b), want), "format");
  if (strcmp(snBufText(&b), want)) printf("# got %s\n", snBufText(&b));
  snBufClear(&b);
}

/* Anything of 64 bits goes through without overflow (sanitizer). */
static void testExtremes(void) {
  static const i64 at[] = {INT64_MIN, INT64_MIN + 1, -1, 0, 1, INT64_MAX - 1,
      INT64_MAX};
  char out[40];
  Buf b;
  bool good = true;
  snBufInit(&b, NULL);
  for (u32 i = 0; i < SN_COUNT(at); i++) {
    good = good && snDateText(at[i], out) < 32 && snTimeText(at[i], out) < 40;
    snDateFormat(&b, "%Y %f %j %s", 11, at[i]);
    for (u32 u = DATE_NONE; u <= DATE_ISOYEAR; u++) {
      good = good && snDateTrunc((DateUnit)u, at[i]) <= at[i];
      snDatePart((DateUnit)u, at[i]);
    }
    for (u32 k = 0; k < SN_COUNT(at) * SN_COUNT(at); k++) {
      Interval w = {at[k / SN_COUNT(at)], at[k % SN_COUNT(at)]};
      for (u32 o = 0; o < SN_COUNT(at); o++) snDateBucket(w, at[i], at[o]);
      snDateAdd(at[i], w, 1);
      snDateAdd(at[i], w, -1);
    }
  }
  snBufClear(&b);
  testOk(good, "extremes");
}

int main(void) {
  testDays();
  testForms();
  testUnits();
  testBuckets();
  testAdd("2015-01-31", "1 month", 1, "2015-02-28 00:00:00");
  testAdd("2016-03-31 05:00", "1 month", -1, "2016-02-29 05:00:00");
  testAdd("2015-12-31", "1 month 1 day", 1, "2016-02-01 00:00:00");
  testAdd("2015-05-17", "36 hours", -1, "2015-05-15 12:00:00");
  testAdd("1960-02-29", "1 year", 1, "1961-02-28 00:00:00");
  testParts("2015-05-17 10:05:03.25",
      "microsecond millisecond second minute hour day week month quarter year "
      "decade century dow isodow doy epoch isoyear",
      (const i64[]){3250000, 3250, 3, 5, 10, 17, 20, 5, 2, 2015, 201, 21, 0, 7,
          137, 1431857103, 2015});
  testParts("2016-01-03", "week isoyear doy dow isodow",
      (const i64[]){53, 2015, 3, 0, 7});
  testParts("2018-12-31", "week isoyear doy dow isodow",
      (const i64[]){1, 2019, 365, 1, 1});
  testParts("2000-12-31", "century doy", (const i64[]){20, 366});
  testParts("1965-03-01 00:00:01", "epoch doy dow second",
      (const i64[]){-152668799, 60, 1, 1});
  testFormat();
  testExtremes();
  printf("1..%d\n", test_count);
  return test_failed != 0;
}
