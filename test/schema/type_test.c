/*
** type_test: types, conversions and arrays of room schema.
**   1. names and widening
**   2. values to text and back
**   3. arrays: text, bytes, damaged bytes
*/
#include "schema/schema.h"

static int test_count, test_failed;

static void testOk(bool ok, const char *name) {
  printf("%sok %d - %s\n", ok ? "" : "not ", ++test_count, name);
  test_failed += !ok;
}

static void testName(const char *text, const char *want) {
  char out[24];
  snTypeName(snTypeParse(text, strlen(text)), out);
  testOk(!strcmp(out, want), text[0] ? text : "no name");
  if (strcmp(out, want)) printf("# got %s\n", out);
}

static void testNames(void) {
  testName("integer", "INTEGER");
  testName("BigInt", "INTEGER");
  testName("varchar(20)", "TEXT");
  testName("character  varying ( 20 )", "TEXT");
  testName("DECIMAL(10, 2)", "REAL");
  testName("double precision", "REAL");
  testName("Timestamp with time zone", "TIMESTAMP");
  testName("timestamp(6) with time zone", "TIMESTAMP");
  testName("geo_point", "GEOPOINT");
  testName("keyword[]", "KEYWORD[]");
  testName("KEYWORD [ ]", "KEYWORD[]");
  testName("array<int>", "INTEGER[]");
  testName("varchar(20)[]", "TEXT[]");
  testName("ip", "IP");
  testName("json", "JSON");
  testName("", "NULL");
  testName("[]", "NULL");
  testName("null", "NULL");
  testName("int]", "NULL");
  testName("int[][]", "NULL");
  testName("varchar(20", "NULL");
  testName("a name that is longer than any of the types", "NULL");
  testOk(snTypeForm(TYPE_GEOPOINT) == FORM_INT &&
          snTypeForm(TYPE_REAL) == FORM_REAL &&
          snTypeForm(TYPE_IP) == FORM_STR &&
          snTypeForm(TYPE_ARRAY | TYPE_INTEGER) == FORM_STR, "forms");
}

/* Text to value to text; "-" stands for no value. */
static void testInt(u8 type, const char *text, const char *want) {
  i64 v;
  Buf b;
  snBufInit(&b, NULL);
  if (snTypeParseInt(type, text, strlen(text), &v)) snTypeIntText(&b, type, v);
  else snBufStr(&b, v ? "not 0" : "-");
  testOk(!strcmp(snBufText(&b), want), text[0] ? text : "empty");
  if (strcmp(snBufText(&b), want)) printf("# got %s\n", snBufText(&b));
  snBufClear(&b);
}

static void testStr(u8 type, const char *text, const char *want) {
  Buf v, b;
  snBufInit(&v, NULL);
  snBufInit(&b, NULL);
  snBufStr(&v, "xy");
  if (snTypeParseStr(type, text, strlen(text), &v)) {
    snTypeStrText(&b, type, v.data + 2, (u32)v.n - 2);
  } else {
    snBufStr(&b, v.n == 2 ? "-" : "rest");
  }
  testOk(!strcmp(snBufText(&b), want), text[0] ? text : "empty");
  if (strcmp(snBufText(&b), want)) printf("# got %s\n", snBufText(&b));
  snBufClear(&v);
  snBufClear(&b);
}

static void testValues(void) {
  testInt(TYPE_BOOLEAN, "TRUE", "true");
  testInt(TYPE_BOOLEAN, "0", "false");
  testInt(TYPE_BOOLEAN, "2", "-");
  testInt(TYPE_INTEGER, "-12", "-12");
  testInt(TYPE_INTEGER, "1.5", "-");
  testInt(TYPE_TIMESTAMP, "2015-05-17T10:05:03Z", "2015-05-17 10:05:03");
  testInt(TYPE_TIMESTAMP, "1431857103", "-");
  testInt(TYPE_DATE, "2015-05-17", "2015-05-17");
  testInt(TYPE_GEOPOINT, "40.7127,-74.0059", "40.7127,-74.0059");
  testInt(TYPE_GEOPOINT, " -0.00000004 , 180 ", "0,180");
  testInt(TYPE_GEOPOINT, "-0.5,-0.0000001", "-0.5,-0.0000001");
  testInt(TYPE_GEOPOINT, "-90,-180", "-90,-180");
  testInt(TYPE_GEOPOINT, "{\"lat\": 1.5, \"x\": [1], \"lon\": \"-2\"}",
      "1.5,-2");
  testInt(TYPE_GEOPOINT, "[-74.0059, 40.7127]", "40.7127,-74.0059");
  testInt(TYPE_GEOPOINT, "[1,2,3]", "2,1");
  testInt(TYPE_GEOPOINT, "[1]", "-");
  testInt(TYPE_GEOPOINT, "[1,2,3,4]", "-");
  testInt(TYPE_GEOPOINT, "[1,2] 3", "-");
  testInt(TYPE_GEOPOINT, "[1,null]", "-");
  testInt(TYPE_GEOPOINT, "{\"lat\":1}", "-");
  testInt(TYPE_GEOPOINT, "{\"lat\":1,\"lon\":2", "-");
  testInt(TYPE_GEOPOINT, "91,0", "-");
  testInt(TYPE_GEOPOINT, "nan,0", "-");
  testInt(TYPE_GEOPOINT, "0,181", "-");
  testInt(TYPE_GEOPOINT, "1", "-");
  testInt(TYPE_GEOPOINT, "", "-");
  testStr(TYPE_TEXT, "any text", "any text");
  testStr(TYPE_TEXT, "", "");
  testStr(TYPE_IP, "::ffff:1.2.3.4", "1.2.3.4");
  testStr(TYPE_IP, "1.2.3", "-");
  testStr(TYPE_JSON, "{\"a\":[1]}", "{\"a\":[1]}");
  testStr(TYPE_JSON, "{a}", "-");
  testStr(TYPE_INTERVAL, "1 month 90 s", "1 month 90 seconds");
  testStr(TYPE_INTEGER, "1", "-");
}

static void testArrays(void) {
  testStr(TYPE_ARRAY | TYPE_INTEGER, " [1, null, \"-3\"] ", "[1,null,-3]");
  testStr(TYPE_ARRAY | TYPE_INTEGER, "[]", "[]");
  testStr(TYPE_ARRAY | TYPE_INTEGER, "[1,2.5]", "-");
  testStr(TYPE_ARRAY | TYPE_INTEGER, "[1", "-");
  testStr(TYPE_ARRAY | TYPE_INTEGER, "[1] x", "-");
  testStr(TYPE_ARRAY | TYPE_INTEGER, "1", "-");
  testStr(TYPE_ARRAY | TYPE_REAL, "[1,2.5]", "[1.0,2.5]");
  testStr(TYPE_ARRAY | TYPE_REAL, "[\"inf\",\"x\"]", "-");
  testStr(TYPE_ARRAY | TYPE_REAL, "[\"inf\"]", "[null]");
  testStr(TYPE_ARRAY | TYPE_BOOLEAN, "[true,0]", "[true,false]");
  testStr(TYPE_ARRAY | TYPE_KEYWORD, "[\"a\\\"b\",1,true,null]",
      "[\"a\\\"b\",\"1\",\"true\",null]");
  testStr(TYPE_ARRAY | TYPE_KEYWORD, "[{}]", "-");
  testStr(TYPE_ARRAY | TYPE_DATE, "[\"2015-05-17\"]", "[\"2015-05-17\"]");
  testStr(TYPE_ARRAY | TYPE_DATE, "[2015]", "-");
  testStr(TYPE_ARRAY | TYPE_IP, "[\"::1\"]", "[\"::1\"]");
  testStr(TYPE_ARRAY | TYPE_JSON, "[{\"a\": 1},\"x\",[2],3]",
      "[{\"a\": 1},\"x\",[2],3]");
  testStr(TYPE_ARRAY | TYPE_GEOPOINT, "[{\"lat\":1,\"lon\":2},[3,4],\"5,6\"]",
      "[\"1,2\",\"4,3\",\"5,6\"]");
  testStr(TYPE_ARRAY | TYPE_GEOPOINT, "[1,2]", "-");
}

/* What was put comes back; cut and damaged bytes are noticed or harmless. */
static void testBytes(void) {
  Buf b, text;
  ArrayIter it;
  ArrayItem x;
  bool good = true;
  u32 seen, noise = 12345;
  snBufInit(&b, NULL);
  snBufInit(&text, NULL);
  snArrayBegin(&b, TYPE_KEYWORD, 3);
  snArrayStr(&b, "abc", 3);
  snArrayNull(&b);
  snArrayStr(&b, "", 0);
  snArrayOpen(&it, b.data, (u32)b.n);
  good = snArrayNext(&it, &x) && !x.null && x.n == 3 && !memcmp(x.p, "abc", 3);
  good = good && snArrayNext(&it, &x) && x.null;
  good = good && snArrayNext(&it, &x) && !x.null && !x.n;
  good = good && !snArrayNext(&it, &x) && !it.bad;
  testOk(good, "bytes of an array");
  for (u32 n = 0; n < b.n; n++) {
    u8 *p = malloc(n ? n : 1);
    if (!p) return;
    if (n) memcpy(p, b.data, n);
    snArrayOpen(&it, p, n);
    for (seen = 0; snArrayNext(&it, &x); seen++) continue;
    good = good && seen < 3 && it.bad;
    for (u32 k = 0; k < 500 && n; k++) {
      noise = noise * 1103515245 + 12345;
      p[(noise >> 16) % n] = (u8)(noise >> 8);
      snTypeStrText(&text, TYPE_ARRAY | TYPE_KEYWORD, p, n);
      text.n = 0;
    }
    free(p);
  }
  testOk(good, "cut and damaged arrays");
  snBufClear(&b);
  snBufClear(&text);
}

static void testShort(void) {
  static const char text[] = "[\"a\\nb\"]";
  Budget little = {.parent = NULL, .limit = 1};
  Buf b;
  snBufInit(&b, &little);
  snTypeParseStr(TYPE_ARRAY | TYPE_TEXT, text, sizeof text - 1, &b);
  testOk(b.rc == SEINE_NOMEM, "short of memory");
  snBufClear(&b);
}

int main(void) {
  testNames();
  testValues();
  testArrays();
  testBytes();
  testShort();
  printf("1..%d\n", test_count);
  return test_failed != 0;
}
