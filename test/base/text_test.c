/*
** text_test: UTF-8, numbers, internet addresses and JSON of room base.
**   1. utf: decoding, case, folding, bad bytes
**   2. num: whole numbers, doubles, addresses
**   3. json: events, refusals, depth, skipping, damaged text
*/
#include "base/base.h"
#include <locale.h>

static int test_count, test_failed;

static void testOk(bool ok, const char *name) {
  printf("%sok %d - %s\n", ok ? "" : "not ", ++test_count, name);
  test_failed += !ok;
}

static void testText(Buf *b, const char *want, const char *name) {
  const char *got = snBufText(b);
  bool ok = !strcmp(got, want);
  testOk(ok, name);
  if (!ok) printf("# got  %s\n# want %s\n", got, want);
  snBufClear(b);
}

/* ---- utf ---------------------------------------------------------------- */

static void testFold(const char *in, const char *want) {
  Buf b;
  snBufInit(&b, NULL);
  snUtfFold(&b, in, strlen(in));
  testText(&b, want, in);
}

/* Every code point comes back; every pair and triple of bytes is safe. */
static void testUtfAll(void) {
  bool good = true, valid = true;
  u8 p[4];
  u32 len, n;
  for (u32 c = 0; c <= 0x10ffff; c++) {
    if (c >= 0xd800 && c <= 0xdfff) continue;
    n = snUtfPut(p, c);
    good = good && snUtfGet(p, p + n, &len) == c && len == n;
    good = good && snUtfValid(p, n) && snUtfCount(p, n) == 1;
    for (u32 k = 1; k < n; k++) {
      good = good && snUtfGet(p, p + k, &len) == 0xfffd && len == 1;
    }
  }
  testOk(good, "every code point, whole and cut");
  for (u32 v = 0; v < 1u << 24; v += 7) {
    u8 q[3] = {(u8)(0x80 | v >> 16), (u8)(v >> 8), (u8)v};
    u32 at = 0, count = 0;
    bool bad = false;
    while (at < 3) {
      u32 c = snUtfGet(q + at, q + 3, &len);
      bad = bad || (c == 0xfffd && len == 1);
      at += len;
      count++;
    }
    valid = valid && at == 3 && snUtfValid(q, 3) == !bad &&
        snUtfCount(q, 3) == count && snUtfOffset(q, 3, count) == 3;
  }
  testOk(valid, "any three bytes: Get, Valid, Count agree");
}

/* Runs of a category end where a look at each code point says. */
static void testCategories(void) {
  bool good = true;
  u32 runs = 0;
  for (u32 c = 0, end; good && c <= 0x10ffff; c = end, runs++) {
    const char *is = snUtfCategory(c);
    u32 x = c + 1;
    end = snUtfCategoryEnd(c);
    while (x <= 0x10ffff && !strcmp(snUtfCategory(x), is)) x++;
    good = end == x;
  }
  testOk(good && runs > 1000, "runs of categories");
}

static void testUtf(void) {
  testCategories();
  Buf b;
  static const char mixed[] = "abcdefghijk\xc3\xa4\xe2\x82\xacx";
  testUtfAll();
  testOk(!snUtfValid("\xed\xa0\x80", 3), "surrogates are refused");
  testOk(!snUtfValid("\xc0\x80", 2), "long forms are refused");
  testOk(!snUtfValid("\xf4\x90\x80\x80", 4), "above U+10FFFF is refused");
  testOk(snUtfValid(NULL, 0) && !snUtfCount(NULL, 0), "no text");
  testOk(snUtfCount(mixed, 17) == 14, "count");
  testOk(snUtfOffset(mixed, 17, 12) == 13 && snUtfOffset(mixed, 17, 3) == 3 &&
          snUtfOffset(mixed, 17, 99) == 17, "offset");
  snBufInit(&b, NULL);
  snUtfLower(&b, "\xc3\x84\xce\xa9 ABC[\xff" "Z", 11);
  testText(&b, "\xc3\xa4\xcf\x89 abc[\xffz", "lower keeps a bad byte");
  snUtfUpper(&b, "stra\xc3\x9f" "e \xc3\xa4z{", 12);
  testText(&b, "STRA\xc3\x9f" "E \xc3\x84Z{", "upper");
  testFold("\xc3\x89t\xc3\xa9", "ete");
  testFold("e\xcc\x81X", "ex");
  testFold("Stra\xc3\x9f" "e \xc3\x86\xc3\x98\xc5\x81", "strasse aeol");
  testFold("\xef\xac\x81\xef\xbc\xa1\xe2\x91\xa0", "fia1");
  testFold("\xed\x95\x9c\xea\xb8\x80", "\xed\x95\x9c\xea\xb8\x80");
  testFold("\xe3\x81\x8c", "\xe3\x81\x8c");
  testFold("\xe0\xa4\x95\xe0\xa4\xbf", "\xe0\xa4\x95\xe0\xa4\xbf");
  testFold("\xce\x86\xce\xa3\xcf\x82", "\xce\xb1\xcf\x83\xcf\x83");
  testFold("\xff\xc3(", "\xff\xc3(");
  testOk(snAsciiEq("SeLect", 6, "select", 6), "names of any case");
  testOk(snAsciiCmp("ab", 2, "abc", 3) < 0 && snAsciiCmp("b", 1, "A", 1) > 0,
      "order of names");
  testOk(snAsciiDistance("kitten", "sitting") == 3 &&
          snAsciiDistance("", "abc") == 3 && !snAsciiDistance("A", "a"),
      "distance");
}

/* ---- num ---------------------------------------------------------------- */

static void testInt(const char *text, bool good, i64 want) {
  i64 v;
  bool got = snNumInt(text, strlen(text), &v);
  testOk(got == good && v == (good ? want : 0), text[0] ? text : "empty int");
}

static void testReal(const char *text, bool good) {
  double v, want = good ? strtod(text, NULL) : 0;
  bool got = snNumReal(text, strlen(text), &v);
  bool same = !memcmp(&v, &want, 8) || (isnan(v) && isnan(want));
  testOk(got == good && same, text[0] ? text : "empty real");
  if (!same) printf("# got %.17g want %.17g\n", v, want);
}

static void testRealText(double v, const char *want) {
  char out[32];
  u32 n = snNumRealText(v, out);
  bool ok = n == strlen(want) && !strcmp(out, want);
  testOk(ok, want);
  if (!ok) printf("# got %s\n", out);
}

static u64 testRandom(void) {
  static u64 state = 0x9e3779b97f4a7c15ull;
  state += 0x9e3779b97f4a7c15ull;
  return snHashInt(state);
}

/* Random doubles and random decimals, against the C library. */
static void testRealMany(void) {
  u32 bad_text = 0, bad_read = 0, bad_short = 0;
  for (u32 i = 0; i < 300000; i++) {
    u64 bits = testRandom();
    char text[64], out[32];
    double v, back, want;
    u32 n;
    memcpy(&v, &bits, 8);
    if (i % 3 == 1) v = (double)(i64)(bits % 2000000) / 1000;
    if (i % 3 == 2) v = (double)(bits >> 11) / 9007199254740992.0 * 360;
    if (!isfinite(v)) continue;
    n = snNumRealText(v, out);
    bad_text += n > 25 || out[n] || !snNumReal(out, n, &back) || back != v;
    snprintf(text, sizeof text, "%.15g", v);
    if (strtod(text, NULL) == v) bad_short += n > strlen(text) + 2;
    snprintf(text, sizeof text, "%s%llu%s%llue%d", i & 1 ? "-" : "",
        (unsigned long long)(bits >> (i % 60)), i % 5 ? "." : "00.",
        (unsigned long long)(testRandom() >> (i % 61)),
        (int)(i % 4 ? bits % 30 : bits % 800) - (i % 4 ? 24 : 400));
    want = strtod(text, NULL);
    bad_read += !snNumReal(text, strlen(text), &back) || back != want;
    snprintf(text, sizeof text, "%.*f", (int)(i % 18), v);
    if (fabs(v) > 1e12) continue;
    want = strtod(text, NULL);
    bad_read += !snNumReal(text, strlen(text), &back) || back != want;
  }
  testOk(!bad_text, "random doubles come back from text");
  testOk(!bad_short, "random doubles are short");
  testOk(!bad_read, "random decimals read as strtod reads them");
  if (bad_text + bad_short + bad_read) {
    printf("# %u %u %u\n", bad_text, bad_short, bad_read);
  }
}

static void testLongReal(void) {
  char text[1400];
  double v, want;
  bool good = true;
  for (u32 n = 20; n < 1300; n += 53) {
    memset(text, '7', n);
    text[n / 3] = '.';
    snprintf(text + n, 10, "e-%u", n / 4);
    want = strtod(text, NULL);
    good = good && snNumReal(text, strlen(text), &v) && v == want;
  }
  /* Half way between two doubles, and a digit far behind that decides. */
  memset(text, '0', sizeof text);
  memcpy(text, "9007199254740993.", 17);
  good = good && snNumReal(text, 1200, &v) && v == 9007199254740992.0;
  text[1199] = '1';
  good = good && snNumReal(text, 1200, &v) && v == 9007199254740994.0;
  testOk(good, "long decimals");
}

static void testScaled(void) {
  i64 v;
  bool good = snNumScaled(12.34, 2, &v) && v == 1234;
  good = good && snNumUnscaled(1234, 2) == 12.34;
  testOk(good, "scaled");
  testOk(!snNumScaled(12.345, 2, &v) && !snNumScaled(-0.0, 0, &v) &&
          !snNumScaled((double)NAN, 1, &v) && !snNumScaled(1e16, 0, &v) &&
          !snNumScaled(HUGE_VAL, 3, &v) && !snNumScaled(1, 99, &v),
      "not scaled");
  good = true;
  for (u32 i = 0; i < 200000; i++) {
    i64 want = (i64)(testRandom() >> 12) - (1ll << 51);
    u32 e = i % 10;
    good = good && snNumScaled(snNumUnscaled(want, e), e, &v);
    good = good && snNumUnscaled(v, e) == snNumUnscaled(want, e);
  }
  testOk(good, "random scaled numbers come back");
}

static void testIp(const char *text, const char *want) {
  u8 ip[16];
  char out[48] = "-";
  if (snIpParse(text, strlen(text), ip)) snIpText(ip, out);
  testOk(!strcmp(out, want), text[0] ? text : "empty address");
  if (strcmp(out, want)) printf("# got %s want %s\n", out, want);
}

static void testNum(void) {
  static const char *const good[] = {"0", "-0", "1.", ".5", "1e5", "1E+05",
      "+3.25", " 7.5\n", "1e22", "1e23", "9007199254740993", "0.1", "1e-400",
      "1e400", "4.9e-324", "2.2250738585072011e-308", "123456789012345678901",
      "0.000000000000000000000000000001", "1.7976931348623157e308", "-inf",
      "Infinity", "nan", "40.712776000000003", "00000000000000000000001.5",
      "0e999999999999999999", "1e-999999999999999999"};
  static const char *const bad[] = {"", " ", ".", "e5", "1e", "1e+", "0x10",
      "1 2", "--1", "1,5", "infi", "nan(1)", "1.2.3", "+-1", "-", "1e5.0"};
  testInt("0", true, 0);
  testInt(" -42\t", true, -42);
  testInt("+9223372036854775807", true, INT64_MAX);
  testInt("-9223372036854775808", true, INT64_MIN);
  testInt("0000000000000000000000000012", true, 12);
  testInt("9223372036854775808", false, 0);
  testInt("-9223372036854775809", false, 0);
  testInt("99999999999999999999", false, 0);
  testInt("", false, 0);
  testInt("-", false, 0);
  testInt("1.0", false, 0);
  testInt("12a", false, 0);
  testInt("1 2", false, 0);
  for (u32 i = 0; i < SN_COUNT(good); i++) testReal(good[i], true);
  for (u32 i = 0; i < SN_COUNT(bad); i++) testReal(bad[i], false);
  testRealText(1, "1.0");
  testRealText(0, "0.0");
  testRealText(-0.0, "-0.0");
  testRealText(0.1, "0.1");
  testRealText(-12.5, "-12.5");
  testRealText(0.0001, "0.0001");
  testRealText(0.00001, "1e-05");
  testRealText(1e20, "1e+20");
  testRealText(999999999999999.0, "999999999999999.0");
  testRealText(1234567890123456.0, "1234567890123456.0");
  testRealText(0.1 + 0.2, "0.30000000000000004");
  testRealText(5e-324, "5e-324");
  testRealText(-1.7976931348623157e308, "-1.7976931348623157e+308");
  testRealText((double)NAN, "nan");
  testRealText(-HUGE_VAL, "-inf");
  testRealMany();
  testLongReal();
  testScaled();
  testIp("1.2.3.4", "1.2.3.4");
  testIp("255.255.255.255", "255.255.255.255");
  testIp("1.2.3", "-");
  testIp("1.2.3.256", "-");
  testIp("1.2.3.04", "-");
  testIp("1.2.3.4.5", "-");
  testIp("1.2.3.4 ", "1.2.3.4");
  testIp("", "-");
  testIp("::", "::");
  testIp("::1", "::1");
  testIp("1::", "1::");
  testIp("2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1");
  testIp("2001:db8::ff00:42:8329", "2001:db8::ff00:42:8329");
  testIp("::ffff:10.0.0.1", "10.0.0.1");
  testIp("64:ff9b::1.2.3.4", "64:ff9b::102:304");
  testIp("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8");
  testIp("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0");
  testIp("1:2:3:4:5:6:7:8:9", "-");
  testIp("1:2:3:4:5:6:7:8::", "-");
  testIp("1::2::3", "-");
  testIp(":1", "-");
  testIp("1:", "-");
  testIp(":::", "-");
  testIp("12345::", "-");
  testIp("1:2:3:4:5:6:7:1.2.3.4", "-");
}

/* ---- json --------------------------------------------------------------- */

/* Events as letters, with keys and texts. */
static void testEvents(const char *text, const char *want) {
  static const char *const names[] = {"", "!", "null", "true", "false", "",
      "", "", "", "{", "}", "[", "]"};
  Json j;
  Buf b;
  JsonEvent e;
  snBufInit(&b, NULL);
  snJsonInit(&j, text, strlen(text), NULL);
  do {
    e = snJsonNext(&j);
    if (b.n && e != JSON_END) snBufByte(&b, ' ');
    snBufStr(&b, names[e]);
    if (e == JSON_INT) snBufPrintf(&b, "i%lld", (long long)j.i);
    if (e == JSON_REAL) snBufPrintf(&b, "r%.17g", j.d);
    if (e == JSON_STRING) snBufPrintf(&b, "s%.*s", (int)j.len, j.text);
    if (e == JSON_KEY) snBufPrintf(&b, "k%.*s", (int)j.len, j.text);
  } while (e != JSON_END && e != JSON_ERROR);
  snJsonClear(&j);
  testText(&b, want, text[0] ? text : "no JSON");
  testOk(snJsonValid(text, strlen(text), NULL) == (e == JSON_END), "valid agrees");
}

static void testDepth(void) {
  char text[2100];
  memset(text, '[', 1000);
  memset(text + 1000, ']', 1000);
  testOk(snJsonValid(text, 2000, NULL), "1,000 levels");
  memset(text, '[', 1001);
  memset(text + 1001, ']', 1001);
  testOk(!snJsonValid(text, 2002, NULL), "1,001 levels are refused");
}

static void testSkip(void) {
  static const char text[] = "{\"a\": [1, {\"b\": \"x\\ny\"}], \"c\" : 2.5 }";
  Json j;
  bool good;
  snJsonInit(&j, text, sizeof text - 1, NULL);
  good = snJsonNext(&j) == JSON_OBJECT && snJsonNext(&j) == JSON_KEY;
  good = good && snJsonNext(&j) == JSON_ARRAY && snJsonSkip(&j);
  good = good && !strncmp(text + j.raw_from, "[1, {\"b\": \"x\\ny\"}]",
      j.raw_to - j.raw_from) && j.raw_to - j.raw_from == 18;
  good = good && snJsonNext(&j) == JSON_KEY && j.len == 1;
  good = good && snJsonNext(&j) == JSON_REAL && j.d == 2.5;
  good = good && j.raw_to - j.raw_from == 3 && text[j.raw_from] == '2';
  good = good && snJsonNext(&j) == JSON_OBJECT_END;
  good = good && snJsonNext(&j) == JSON_END && snJsonNext(&j) == JSON_END;
  testOk(good, "skip");
  snJsonClear(&j);
}

/* Damaged text in a block of its exact size, for the sanitizer. */
static void testDamage(void) {
  static const char text[] = "{\"a\":[1,-2.5e3,\"\\u00e4\\ud83d\\ude00 \xc3\xa4"
                             "long enough for eight\"],\"b\":{\"c\":null}}";
  bool good = true;
  for (u32 n = 0; n < sizeof text; n++) {
    char *p = malloc(n ? n : 1);
    if (!p) return;
    memcpy(p, text, n);
    good = good && snJsonValid(p, n, NULL) == (n == sizeof text - 1);
    for (u32 k = 0; k < 40 && n; k++) {
      p[testRandom() % n] = (char)testRandom();
      Json j;
      JsonEvent e;
      snJsonInit(&j, p, n, NULL);
      do e = snJsonNext(&j);
      while (e != JSON_END && e != JSON_ERROR);
      good = good && snJsonValid(p, n, NULL) == (e == JSON_END);
      good = good && (e == JSON_END || (j.error && j.raw_from <= n));
      snJsonClear(&j);
    }
    free(p);
  }
  testOk(good, "damaged JSON");
}

/* A budget too small for anything: an error, and its reason. */
static void testShort(void) {
  static const char text[] = "[\"ab\\n\"]";
  Budget little = {.parent = NULL, .limit = 1};
  Json j;
  bool good;
  snJsonInit(&j, text, sizeof text - 1, &little);
  good = snJsonNext(&j) == JSON_ARRAY && snJsonNext(&j) == JSON_ERROR;
  good = good && j.tmp.rc == SEINE_NOMEM && snJsonNext(&j) == JSON_ERROR;
  snJsonClear(&j);
  snJsonInit(&j, text, sizeof text - 1, &little);
  j.check_only = true;
  good = good && snJsonNext(&j) == JSON_ARRAY;
  good = good && snJsonNext(&j) == JSON_STRING && j.text == text + 2;
  good = good && j.len == 4 && snJsonNext(&j) == JSON_ARRAY_END;
  snJsonClear(&j);
  testOk(good && !little.used, "short of memory");
}

static void testJson(void) {
  testEvents("{}", "{ }");
  testEvents(" [ ] ", "[ ]");
  testEvents("{\"a\":1,\"b\":[true,false,null]}",
      "{ ka i1 kb [ true false null ] }");
  testEvents("[0,-0,-7,9223372036854775807,-9223372036854775808]",
      "[ i0 i0 i-7 i9223372036854775807 i-9223372036854775808 ]");
  testEvents("[9223372036854775808,1e2,-0.5,123456789.123456789]",
      "[ r9.2233720368547758e+18 r100 r-0.5 r123456789.12345679 ]");
  testEvents("\"plain\"", "splain");
  testEvents("\"a\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\u20AC\"",
      "sa\"\\/\b\f\n\r\tA\xe2\x82\xac");
  testEvents("\"\\ud83d\\ude00\"", "s\xf0\x9f\x98\x80");
  testEvents("\"\\ud83d\"", "!");
  testEvents("\"\\ude00\"", "!");
  testEvents("\"\\ud83d\\u0041\"", "!");
  testEvents("\"\\u12g4\"", "!");
  testEvents("\"\\x\"", "!");
  testEvents("\"\\", "!");
  testEvents("\"\\u00", "!");
  testEvents("\"abc", "!");
  testEvents("\"a\nb\"", "!");
  testEvents("\"0123456789abcde\x1f\"", "!");
  testEvents("\"\xc3\"", "!");
  testEvents("\"\xc3\xa4 \xe4\xb8\xad\"", "s\xc3\xa4 \xe4\xb8\xad");
  testEvents("", "!");
  testEvents("  ", "!");
  testEvents("01", "!");
  testEvents("-", "!");
  testEvents("+1", "!");
  testEvents("1.", "!");
  testEvents(".5", "!");
  testEvents("1e", "!");
  testEvents("1 2", "i1 !");
  testEvents("[1,]", "[ i1 !");
  testEvents("[1 2]", "[ i1 !");
  testEvents("[1}", "[ i1 !");
  testEvents("{\"a\":1,}", "{ ka i1 !");
  testEvents("{\"a\" 1}", "{ !");
  testEvents("{a:1}", "{ !");
  testEvents("{\"a\" : [", "{ ka [ !");
  testEvents("tru", "!");
  testEvents("nul1", "!");
  testEvents("]", "!");
  testEvents("NaN", "!");
  testDepth();
  testSkip();
  testShort();
  testDamage();
}

int main(void) {
  static const char *const places[] = {"de_DE.UTF-8", "fr_FR.UTF-8", "C"};
  double v;
  char out[32];
  testUtf();
  testNum();
  testJson();
  for (u32 i = 0; i < SN_COUNT(places); i++) {
    if (!setlocale(LC_ALL, places[i])) continue;
    snNumRealText(0.1 + 0.2, out);
    testOk(!strcmp(out, "0.30000000000000004") &&
            snNumReal("1.5e-30", 7, &v) && v == 15e-31, places[i]);
  }
  printf("1..%d\n", test_count);
  return test_failed != 0;
}
