/*
** import_test: the bulk load, through the public interface.
**   1. formats: JSON, CSV, access logs, lines; what is guessed
**   2. types: inferred, widened, of a table that exists
**   3. rejects, limits, odd bytes
**   4. any cut of the input gives the same; each allocation may fail
*/
#include "base/base.h"
#include "seine.h"

static int test_count, test_failed;

static void testOk(bool ok, const char *name) {
  printf("%sok %d - %s\n", ok ? "" : "not ", ++test_count, name);
  test_failed += !ok;
}

/* ---- Running an input --------------------------------------------------- */

static seine *db;
static seine_import_stats last_stats;

static void testOpen(void) {
  seine_close(db);
  if (!seine_open(":memory:", &db)) return;
  printf("Bail out! no database: %s\n", seine_errmsg(db));
  exit(1);
}

static i64 testInt(const char *sql) {
  seine_stmt *st = NULL;
  i64 v = -1;
  if (!seine_prepare_v2(db, sql, -1, &st, NULL) &&
      seine_step(st) == SEINE_ROW) {
    v = seine_column_int64(st, 0);
  }
  seine_finalize(st);
  return v;
}

static void testDumpRow(seine_stmt *st, Buf *b) {
  for (int i = 0; i < seine_column_count(st); i++) {
    const char *s = seine_column_text(st, i);
    snBufPrintf(b, "%s%s", i ? "|" : "", s ? s : "~");
  }
  snBufByte(b, '\n');
}

/* Names and types, then the rows; nothing when there is no such table. */
static void testDump(const char *table, Buf *b) {
  seine_stmt *st = NULL;
  char sql[100];
  int rc;
  snprintf(sql, sizeof sql, "SELECT * FROM %s ORDER BY rowid", table);
  if (seine_prepare_v2(db, sql, -1, &st, NULL)) return;
  for (int i = 0; i < seine_column_count(st); i++) {
    snBufPrintf(b, "%s%s %s", i ? "," : "", seine_column_name(st, i),
        seine_column_decltype(st, i));
  }
  snBufByte(b, '\n');
  while ((rc = seine_step(st)) == SEINE_ROW) testDumpRow(st, b);
  if (rc != SEINE_DONE) snBufPrintf(b, "error: %s\n", seine_errmsg(db));
  seine_finalize(st);
}

static int testLoad(const char *p, size_t n, size_t piece, int format) {
  seine_import *imp;
  int rc = seine_import_begin(db, "t", format, &imp);
  if (rc) return rc;
  for (size_t i = 0; i < n && !rc; i += piece) {
    size_t k = SN_MIN(piece, n - i);
    char *copy = malloc(k); /* so that a checker sees its ends */
    if (!copy) {
      rc = SEINE_NOMEM;
      break;
    }
    memcpy(copy, p + i, k);
    rc = seine_import_feed(imp, copy, k);
    free(copy);
  }
  if (rc) {
    seine_import_end(imp, 0, &last_stats);
    return rc;
  }
  return seine_import_end(imp, 1, &last_stats);
}

/* before: statements that make tables, or NULL. */
static void testInput(const char *before, const char *p, size_t n, int format,
    size_t piece, Buf *out) {
  testOpen();
  out->n = 0;
  if (before && seine_exec(db, before, NULL, NULL, NULL)) {
    snBufPrintf(out, "error: %s\n", seine_errmsg(db));
  }
  if (testLoad(p, n, piece, format)) {
    snBufPrintf(out, "error: %s\n", seine_errmsg(db));
  }
  testDump("t", out);
  testDump("t_rejects", out);
  snBufText(out);
}

static void testWith(const char *name, const char *before, int format,
    const char *in, const char *want) {
  static const size_t pieces[] = {1u << 20, 1, 2, 7, 64};
  Buf b;
  bool same = true, sum = true;
  snBufInit(&b, NULL);
  for (u32 i = 0; i < SN_COUNT(pieces); i++) {
    testInput(before, in, strlen(in), format, pieces[i], &b);
    sum = sum && last_stats.lines == last_stats.rows + last_stats.rejects;
    if (!strcmp((const char *)b.data, want)) continue;
    if (same) printf("# piece %u got:\n# %s", (u32)pieces[i], b.data);
    same = false;
  }
  testOk(same && sum, name);
  snBufClear(&b);
}

static void testAuto(const char *name, const char *in, const char *want) {
  testWith(name, NULL, SEINE_IMPORT_AUTO, in, want);
}

/* ---- 1. Formats --------------------------------------------------------- */

static void testJson(void) {
  testAuto("ndjson", "{\"id\":1,\"name\":\"Ann\",\"ok\":true,\"x\":1.5}\n"
      "\n{\"id\":2,\"name\":\"B\\u00e9\\\"\\n\",\"ok\":false,\"x\":2}\r\n"
      "{\"x\":null,\"id\":3}",
      "id INTEGER,name KEYWORD,ok BOOLEAN,x REAL\n"
      "1|Ann|true|1.5\n2|B\xc3\xa9\"\n|false|2.0\n3|~|~|~\n");
  testAuto("nested objects and points",
      "{\"a\":{\"b\":1,\"c\":{\"d\":\"x\"}},\"loc\":{\"lat\":1.5,\"lon\":-2}}\n"
      "{\"loc\":{\"lon\":3,\"lat\":4},\"a\":{\"c\":{\"d\":\"y\"}}}\n",
      "a.b INTEGER,a.c.d KEYWORD,loc GEOPOINT\n1|x|1.5,-2\n~|y|4,3\n");
  testAuto("an object with more than lat and lon is flattened",
      "{\"p\":{\"lat\":1,\"lon\":2}}\n{\"p\":{\"lat\":1,\"lon\":2,\"alt\":3}}\n",
      "p.lat INTEGER,p.lon INTEGER,p.alt INTEGER\n1|2|~\n1|2|3\n");
  testAuto("names with escapes", "{\"a\\\"\":1,\"b\":2}\n"
      "{\"a\\\"\":3,\"b\":4}\n{\"a\"\":5,\"b\":6}\n{\"\\u0061\\\"\" : 7}\n",
      "a\" INTEGER,b INTEGER\n1|2\n3|4\n7|~\n"
      "line INTEGER,reason KEYWORD,text TEXT\n"
      "3|a colon is missing at byte 5|{\"a\"\":5,\"b\":6}\n");
  testAuto("arrays", "{\"t\":[\"a\",\"b\"],\"n\":[1,2.5],\"o\":[{\"x\":1}],"
      "\"e\":[],\"m\":[1,\"x\"],\"s\":\"one\"}\n"
      "{\"t\":\"c\",\"n\":[],\"o\":null,\"e\":[],\"m\":2,\"s\":[\"two\",null]}\n",
      "t KEYWORD[],n REAL[],o JSON,m JSON,s KEYWORD[],e KEYWORD\n"
      "[\"a\",\"b\"]|[1.0,2.5]|[{\"x\":1}]|[1,\"x\"]|[\"one\"]|~\n"
      "[\"c\"]|[]|~|2|[\"two\",null]|~\n");
  testAuto("object against scalar",
      "{\"a\":1,\"b\":\"x\"}\n{\"a\":{\"k\":2},\"b\":{\"lat\":1,\"lon\":2}}\n",
      "a JSON,b JSON\n1|\"x\"\n{\"k\":2}|{\"lat\":1,\"lon\":2}\n");
  testAuto("an array of objects",
      " [\n {\"a\":1,\n  \"b\":\"]},{[\"}, {\"a\":2} , 5,\n{\"a\":}\n]\n",
      "a INTEGER,b KEYWORD\n1|]},{[\n2|~\n"
      "line INTEGER,reason KEYWORD,text TEXT\n"
      "3|not a JSON object|5\n4|no JSON value at byte 6|{\"a\":}\n");
  testAuto("one object over many lines",
      "{\n  \"a\": \"x\\\"y\",\n  \"b\": {\"c\": [1, 2]}\n}\n{\"a\":\n\"z\"}\n",
      "a KEYWORD,b.c INTEGER[]\nx\"y|[1,2]\nz|~\n");
  testAuto("names: case, order, twice, odd",
      "{\"@timestamp\":\"2015-05-17T10:05:03Z\",\"Name\":1,\"name\":2,\"\":3}\n"
      "{\"name\":4,\"Name\":5,\"Name\":6,\"a.b\":1,\"a\":{\"b\":2}}\n",
      "@timestamp TIMESTAMP,Name INTEGER,name_2 INTEGER,_ INTEGER,"
      "a.b INTEGER\n2015-05-17 10:05:03|1|2|3|~\n~|6|4|~|2\n");
  testAuto("nothing but nulls", "{\"a\":null}\n{\"a\":null}\n{}\n",
      "a KEYWORD\n~\n~\n~\n");
  testAuto("objects without names", "{}\n{}\n",
      "line INTEGER,reason KEYWORD,text TEXT\n"
      "1|an object without values, before the first column|{}\n"
      "2|an object without values, before the first column|{}\n");
  testAuto("nothing at all", "", "");
  testAuto("a BOM and one line", "\xef\xbb\xbf{\"a\":7}", "a INTEGER\n7\n");
}

static void testCsv(void) {
  testAuto("csv", "id,name,when,price\n1,\"a, \"\"b\"\"\",2015-05-17 10:05,1.5\n"
      "2,,2015-05-18,2\r\n3,\"two\nlines\",,\n",
      "id INTEGER,name KEYWORD,when TIMESTAMP,price REAL\n"
      "1|a, \"b\"|2015-05-17 10:05:00|1.5\n2|~|2015-05-18 00:00:00|2.0\n"
      "3|two\nlines|~|~\n");
  testAuto("csv without a header", "1;x;2015-05-17\n2;y;2015-05-18\n",
      "c1 INTEGER,c2 KEYWORD,c3 DATE\n1|x|2015-05-17\n2|y|2015-05-18\n");
  testAuto("tsv with quotes", "a\tb\n\"x\ty\"\t1\n5\" disk\t2\n",
      "a KEYWORD,b INTEGER\nx\ty|1\n5\" disk|2\n");
  testAuto("leading zeros and long numbers stay text",
      "zip,n,b\n01234,123456789012345678901,true\n99999,1,FALSE\n",
      "zip KEYWORD,n KEYWORD,b BOOLEAN\n"
      "01234|123456789012345678901|true\n99999|1|false\n");
  testAuto("empty quotes in a column of numbers", "a,b\n\"1\",\"\"\n\"2\",\"3\"\n",
      "a INTEGER,b INTEGER\n1|~\n2|3\n");
  testAuto("too many and too few fields", "a,b,c\n1,2,3\n1,2\n1,2,3,4\n"
      "1,2,3,,\n4,5,6\n7,8,9\n1,2,3\n1,2,3\n1,2,3\n1,2,3\n1,2,3\n1,2,3\n"
      "1,2,3\n1,2,3\n1,2,3\n1,2,3\n1,2,3\n1,2,3\n1,2,3\n1,2,3\n1,2,3\n"
      "1,2,3\n1,2,3\n1,2,3\n1,2,3\n1,2,3\n1,2,3\n1,2,3\n1,2,3\n1,2,3\n1,2,3\n",
      "a INTEGER,b INTEGER,c INTEGER\n1|2|3\n1|2|3\n4|5|6\n7|8|9\n"
      "1|2|3\n1|2|3\n1|2|3\n1|2|3\n1|2|3\n1|2|3\n1|2|3\n1|2|3\n1|2|3\n"
      "1|2|3\n1|2|3\n1|2|3\n1|2|3\n1|2|3\n1|2|3\n1|2|3\n1|2|3\n1|2|3\n"
      "1|2|3\n1|2|3\n1|2|3\n1|2|3\n1|2|3\n1|2|3\n1|2|3\n"
      "line INTEGER,reason KEYWORD,text TEXT\n"
      "3|2 fields instead of 3|1,2\n4|4 fields instead of 3|1,2,3,4\n");
  testWith("a header alone", NULL, SEINE_IMPORT_CSV, "a,b\n",
      "a KEYWORD,b KEYWORD\n");
  testWith("one column", NULL, SEINE_IMPORT_CSV, "word\nx\n\ny\n",
      "word KEYWORD\nx\ny\n");
  testWith("a quote that is never closed", NULL, SEINE_IMPORT_CSV,
      "a,b\n1,x\n2,\"y\n3,z\n4,w",
      "a INTEGER,b KEYWORD\n1|x\n3|z\n4|w\n"
      "line INTEGER,reason KEYWORD,text TEXT\n3|field 2: text behind a quoted "
      "field, or a quote that is not closed|2,\"y\n");
  testAuto("a name twice above numbers", "a,a\n1,2\n",
      "a INTEGER,a_2 INTEGER\n1|2\n");
  testAuto("names that differ in case", "a,A,b\n1,2,3\n4,5,6\n",
      "a INTEGER,A_2 INTEGER,b INTEGER\n1|2|3\n4|5|6\n");
}

static void testLogs(void) {
  testAuto("access log, combined",
      "83.149.9.216 - bob [17/May/2015:10:05:03 +0000] \"GET /a?b=1 HTTP/1.1\" "
      "200 203 \"http://x/\" \"Mozilla (\\\"q\\\")\"\n"
      "::1 - - [17/May/2015:10:05:43 +0200] \"-\" 408 - \"-\" \"-\"\n"
      "garbage\n",
      "clientip IP,ident KEYWORD,auth KEYWORD,timestamp TIMESTAMP,verb KEYWORD,"
      "request TEXT,httpversion KEYWORD,response INTEGER,bytes INTEGER,"
      "referrer KEYWORD,agent TEXT\n"
      "83.149.9.216|~|bob|2015-05-17 10:05:03|GET|/a?b=1|1.1|200|203|http://x/|"
      "Mozilla (\\\"q\\\")\n"
      "::1|~|~|2015-05-17 08:05:43|~|~|~|408|~|~|~\n"
      "line INTEGER,reason KEYWORD,text TEXT\n"
      "3|not a line of an access log|garbage\n");
  testAuto("access log, common, a host by name",
      "host.org - a b [17/May/2015:10:05:03 +0000] \"POST / x HTTP/2\" 200 1\n",
      "clientip KEYWORD,ident KEYWORD,auth KEYWORD,timestamp TIMESTAMP,"
      "verb KEYWORD,request TEXT,httpversion KEYWORD,response INTEGER,"
      "bytes INTEGER,referrer KEYWORD,agent TEXT\n"
      "host.org|~|a b|2015-05-17 10:05:03|POST|/ x|2|200|1|~|~\n");
  testAuto("lines", "One line, with a comma\n\nand {another}\r\nlast",
      "line TEXT\nOne line, with a comma\n\nand {another}\nlast\n");
  testAuto("a comma in each line is no table",
      "2015-03-17 16:13:38,811 - INFO x\n2015-03-17 16:13:39,812 - INFO y\n",
      "line TEXT\n2015-03-17 16:13:38,811 - INFO x\n"
      "2015-03-17 16:13:39,812 - INFO y\n");
  testAuto("not UTF-8", "caf\xe9 \x93q\x94\nplain\n",
      "line TEXT\ncaf\xc3\xa9 \xe2\x80\x9cq\xe2\x80\x9d\nplain\n");
  testAuto("JSON that is not UTF-8", "{\"a\":\"caf\xe9\"}\n{\"a\":\"b\"}\n",
      "a KEYWORD\nb\nline INTEGER,reason KEYWORD,text TEXT\n"
      "1|bad UTF-8 in a string at byte 10|{\"a\":\"caf\xc3\xa9\"}\n");
  testAuto("gzip", "\x1f\x8b\x08 rest", "error: the input is compressed by "
      "gzip: unpack it before\n");
}

/* ---- 2. Types ----------------------------------------------------------- */

static void testTypes(void) {
  testAuto("shapes of strings",
      "{\"ip\":\"10.0.0.1\",\"d\":\"2008-05-01\",\"s\":\"a b c d e\",\"l\":\"12\"}\n"
      "{\"ip\":\"::1\",\"d\":\"2009-05-01\",\"s\":\"f g h i j\",\"l\":\"x\"}\n",
      "ip IP,d DATE,s TEXT,l KEYWORD\n10.0.0.1|2008-05-01|a b c d e|12\n"
      "::1|2009-05-01|f g h i j|x\n");
  testWith("a table that exists",
      "CREATE TABLE t(Id INTEGER, d DATE, n INTEGER, g GEOPOINT, j JSON, "
      "w TIMESTAMP, q KEYWORD DEFAULT 'it''s', z INTEGER NOT NULL)",
      SEINE_IMPORT_AUTO,
      "{\"id\":\"12\",\"d\":\"2008-05-01\",\"n\":3.0,\"g\":\"1,2\",\"j\":{\"k\":1},"
      "\"w\":1431857103,\"z\":1,\"extra\":5}\n{\"id\":\"007\",\"j\":\"s\",\"q\":null,"
      "\"z\":2}\n{\"id\":3}\n",
      "Id INTEGER,d DATE,n INTEGER,g GEOPOINT,j JSON,w TIMESTAMP,q KEYWORD,"
      "z INTEGER,extra INTEGER\n"
      "12|2008-05-01|3|1,2|{\"k\":1}|2015-05-17 10:05:03|it's|1|5\n"
      "7|~|~|~|\"s\"|~|~|2|~\n"
      "line INTEGER,reason KEYWORD,text TEXT\n"
      "3|no value for the column z, which is NOT NULL|{\"id\":3}\n");
  testWith("a table that exists is widened",
      "CREATE TABLE t(a INTEGER, b INTEGER, c DATE, d KEYWORD, e INTEGER)",
      SEINE_IMPORT_AUTO,
      "{\"a\":1,\"b\":2,\"c\":\"2008-05-01\",\"d\":\"x\",\"e\":1}\n"
      "{\"a\":\"abc\",\"b\":1.5,\"c\":\"2008-05-01 10:00\",\"d\":[{\"y\":1}],"
      "\"e\":[1,2]}\n",
      "a TEXT,b REAL,c TIMESTAMP,d JSON,e INTEGER[]\n"
      "1|2.0|2008-05-01 00:00:00|[\"x\"]|[1]\n"
      "abc|1.5|2008-05-01 10:00:00|[{\"y\":1}]|[1,2]\n");
  testWith("csv into a table that exists, by position and by name",
      "CREATE TABLE t(a INTEGER, b KEYWORD)", SEINE_IMPORT_CSV,
      "1,2\n3,4\n", "a INTEGER,b KEYWORD\n1|2\n3|4\n");
  testWith("lines into a table that exists", "CREATE TABLE t(a INTEGER)",
      SEINE_IMPORT_LINES, "x\n", "a INTEGER,line TEXT\n~|x\n");
}

/* More records than are looked at, with a surprise behind them. */
static void testLate(void) {
  static const char *const want[] = {
      "n TEXT[],s KEYWORD[],o JSON,late IP,o.x INTEGER,q KEYWORD\n",
      "\n[\"oops\"]|[\"p\"]|~|10.0.0.1|1|~\n",
      "\n[\"1\"]|~|[[1]]|~|~|007\n",
      "\n[\"24999\"]|[\"k2\"]|5|~|~|~\n"};
  Buf in, out;
  bool good = true;
  snBufInit(&in, NULL);
  snBufInit(&out, NULL);
  for (int i = 0; i < 25000; i++) {
    if (i == 22000) {
      snBufStr(&in, "{\"n\":\"oops\",\"late\":\"10.0.0.1\",\"s\":[\"p\"],"
          "\"o\":{\"x\":1}}\n");
    } else if (i == 23000) {
      snBufStr(&in, "{\"n\":[1],\"o\":[[1]],\"q\":\"007\"}\n");
    } else {
      snBufPrintf(&in, "{\"n\":%d,\"s\":\"k%d\",\"o\":5,\"q\":null}\n", i, i % 7);
    }
  }
  for (size_t piece = 1000; piece < 200000 && good; piece *= 13) {
    testInput(NULL, (const char *)in.data, in.n, 0, piece, &out);
    for (u32 i = 0; i < SN_COUNT(want) && good; i++)
      good = strstr((const char *)out.data, want[i]) != NULL;
    good = good && last_stats.rows == 25000 &&
        testInt("SELECT count(*) FROM t") == 25000;
  }
  if (!good) printf("# %.200s\n", out.data);
  testOk(good, "surprises behind the first 20,000 records widen");
  snBufClear(&in);
  snBufClear(&out);
}

/* ---- 3. Limits ---------------------------------------------------------- */

static int testStop(void *arg) {
  (void)arg;
  return 1;
}

static void testLimits(void) {
  Buf in, out;
  size_t n = (64u << 20) + 1000;
  snBufInit(&in, NULL);
  snBufInit(&out, NULL);
  snBufStr(&in, "{\"a\":1}\n{\"a\":\"");
  memset(snBufSpace(&in, n), 'x', n);
  snBufStr(&in, "\"}\n{\"a\":2}\n");
  testInput(NULL, (const char *)in.data, in.n, SEINE_IMPORT_NDJSON, 1u << 20,
      &out);
  testOk(last_stats.rows == 2 && last_stats.rejects == 1 &&
      seine_memory_highwater(db) < (150 << 20), "a record of more than 64 MiB");
  testInput(NULL, (const char *)in.data, in.n, SEINE_IMPORT_NDJSON, in.n,
      &out);
  testOk(last_stats.rows == 2 && last_stats.rejects == 1, "in one piece");
  in.n = 0;
  for (int i = 0; i < 5000; i++) snBufPrintf(&in, "{\"id\":1,\"k%d\":1}\n", i);
  testInput(NULL, (const char *)in.data, in.n, 0, 5000, &out);
  testOk(last_stats.rows == 4095 && last_stats.rejects == 905,
      "more than 4,096 columns");
  in.n = 0;
  for (int i = 0; i < 900; i++) snBufStr(&in, "{\"a\":");
  snBufStr(&in, "1");
  for (int i = 0; i < 900; i++) snBufStr(&in, "}");
  testInput(NULL, (const char *)in.data, in.n, 0, 5000, &out);
  testOk(last_stats.rows == 1 && strstr((const char *)out.data, ".a.a JSON\n"),
      "900 objects, one in one");
  in.n = 0;
  for (int i = 0; i < 5000; i++) snBufPrintf(&in, "{\"id\":%d}\n", i);
  testOpen();
  seine_progress_handler(db, testStop, NULL);
  testOk(testLoad((const char *)in.data, in.n, 1000, 0) == SEINE_INTERRUPT &&
      seine_get_autocommit(db) && testInt("SELECT count(*) FROM t") == -1,
      "interrupt");
  testOpen();
  seine_exec(db, "BEGIN", NULL, NULL, NULL);
  testOk(!testLoad((const char *)in.data, in.n, 1000, 0) &&
      !seine_get_autocommit(db) &&
      testInt("SELECT count(*) FROM t") == 5000 &&
      !seine_exec(db, "ROLLBACK", NULL, NULL, NULL) &&
      testInt("SELECT count(*) FROM t") == -1,
      "inside a transaction of the user");
  snBufClear(&in);
  snBufClear(&out);
}

static void testMisuse(void) {
  seine_import *imp = NULL;
  seine_import_stats s;
  testOpen();
  testOk(seine_import_begin(NULL, "t", 0, &imp) == SEINE_MISUSE &&
      seine_import_begin(db, "", 0, &imp) == SEINE_MISUSE &&
      seine_import_begin(db, "t", 9, &imp) == SEINE_MISUSE && !imp &&
      seine_import_end(NULL, 1, &s) == SEINE_MISUSE, "misuse");
  seine_import_begin(db, "t", 0, &imp);
  seine_import_feed(imp, "{\"a\":1}\n", 8);
  seine_import_status(imp, &s);
  testOk(s.bytes == 8 && !seine_import_end(imp, 0, NULL) &&
      seine_get_autocommit(db) && testInt("SELECT count(*) FROM t") == -1,
      "given up");
}

/* ---- 4. Faults ---------------------------------------------------------- */

static void testFaults(void) {
#ifdef SEINE_TEST
  static const char in[] = "{\"a\":1,\"b\":\"x\\ny\",\"c\":[1,2]}\n{\"a\":2,"
      "\"b\":{\"k\":1},\"d\":{\"lat\":1,\"lon\":2}}\n{bad\n{\"a\":\"z\"}\n";
  bool good = true;
  i64 n = 1;
  for (; n < 5000; n++) {
    int rc;
    testOpen();
    seine_exec(db, "CREATE TABLE t(a INTEGER)", NULL, NULL, NULL);
    snFaultMem(n, false);
    rc = testLoad(in, sizeof in - 1, 20, 0);
    snFaultMem(0, false);
    if (!rc) break;
    if (good && (rc != SEINE_NOMEM || !seine_get_autocommit(db) ||
            testInt("SELECT count(*) FROM t") != 0)) {
      printf("# allocation %u gave %d: %s\n", (u32)n, rc, seine_errmsg(db));
      good = false;
    }
  }
  testOk(good && n > 50 && n < 5000, "each allocation may fail");
#else
  testOk(true, "each allocation may fail # SKIP no hooks");
#endif
}

int main(void) {
  testJson();
  testCsv();
  testLogs();
  testTypes();
  testLate();
  testLimits();
  testMisuse();
  testFaults();
  seine_close(db);
  printf("1..%d\n", test_count);
  return test_failed != 0;
}
