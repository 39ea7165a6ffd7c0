/*
** query_test: the query language of room match and how it is bound.
**   1. parsing: words, signs, phrases, fields, ranges, odd ends
**   2. binding: columns, analyzers, numbers, dates, addresses
**   3. hostile input: size, depth, noise, want of memory
*/
#include "match/match.h"

static int test_count, test_failed;

static void testOk(bool ok, const char *name) {
  printf("%sok %d - %s\n", ok ? "" : "not ", ++test_count, name);
  test_failed += !ok;
}

static void testSame(const char *got, const char *want, const char *name) {
  testOk(!strcmp(got, want), name[0] ? name : "empty");
  if (strcmp(got, want)) printf("# got  %s\n# want %s\n", got, want);
}

/* ---- A table and an analyzer -------------------------------------------- */

static Column test_col[] = {
    {1, "title", TYPE_TEXT, false, 0, "standard", NULL, NULL},
    {2, "body", TYPE_TEXT, false, 0, "standard", NULL, NULL},
    {3, "tag", TYPE_KEYWORD, false, 0, NULL, NULL, NULL},
    {4, "tags", TYPE_ARRAY | TYPE_KEYWORD, false, 0, NULL, NULL, NULL},
    {5, "age", TYPE_INTEGER, false, 0, NULL, NULL, NULL},
    {6, "size", TYPE_REAL, false, 0, NULL, NULL, NULL},
    {7, "@timestamp", TYPE_TIMESTAMP, false, 0, NULL, NULL, NULL},
    {8, "day", TYPE_DATE, false, 0, NULL, NULL, NULL},
    {9, "ip", TYPE_IP, false, 0, NULL, NULL, NULL},
    {10, "ok", TYPE_BOOLEAN, false, 0, NULL, NULL, NULL},
    {11, "geo.city", TYPE_KEYWORD, false, 0, NULL, NULL, NULL},
    {12, "ns:name", TYPE_KEYWORD, false, 0, NULL, NULL, NULL},
    {13, "blob", TYPE_BLOB, false, 0, NULL, NULL, NULL},
    {14, "nums", TYPE_ARRAY | TYPE_INTEGER, false, 0, NULL, NULL, NULL},
};
static Table test_table = {
    .ncol = SN_COUNT(test_col), .col = test_col, .name = "t"};

static u32 test_at[4096], test_len[4096], test_pos[4096];
static u8 test_bytes[4096];

static bool testLetter(u8 c) {
  return (c | 32) >= 'a' && (c | 32) <= 'z' ? true
      : (c >= '0' && c <= '9') || c == '\'' || c >= 0x80;
}

/* Words in lower case; "the" is a stop word that leaves a hole; "wifi" is
** "wireless" too. */
static int testCut(void *arg, const Column *col, const u8 *p, u32 n,
    CutTokens *out) {
  u32 k = 0, nb = 0, pos = 0, i = 0;
  (void)arg;
  (void)col;
  while (i < n && k < 4000 && nb < 3000) {
    u32 from = nb;
    for (; i < n && !testLetter(p[i]); i++) continue;
    for (; i < n && testLetter(p[i]) && nb < 3000; i++) {
      bool up = p[i] >= 'A' && p[i] <= 'Z';
      test_bytes[nb++] = up ? p[i] | 32 : p[i];
    }
    if (nb == from) break;
    if (nb - from == 3 && !memcmp(test_bytes + from, "the", 3)) {
      nb = from;
      pos++;
      continue;
    }
    test_at[k] = from;
    test_len[k] = nb - from;
    test_pos[k++] = pos;
    if (nb - from == 4 && !memcmp(test_bytes + from, "wifi", 4)) {
      memcpy(test_bytes + nb, "wireless", 8);
      test_at[k] = nb;
      test_len[k] = 8;
      test_pos[k++] = pos;
      nb += 8;
    }
    pos++;
  }
  *out = (CutTokens){.n = k, .at = test_at, .len = test_len,
      .pos = test_pos, .bytes = test_bytes, .next_pos = pos};
  return SEINE_OK;
}

static int testFold(void *arg, const Column *col, const u8 *p, u32 n,
    Buf *out) {
  (void)arg;
  (void)col;
  snUtfLower(out, (const char *)p, n);
  return out->rc;
}

static const QueryCut test_cut = {testCut, testFold, NULL};

/* ---- Helpers ------------------------------------------------------------ */

static void testParseAs(bool op_and, const char *text, const char *want) {
  Arena a;
  Buf b;
  Query *q;
  snArenaInit(&a, NULL);
  snBufInit(&b, NULL);
  if (snQueryParse(&a, text, strlen(text), op_and, &q)) snBufStr(&b, "error");
  else snQueryText(q, NULL, &b);
  testSame(snBufText(&b), want, text);
  snBufClear(&b);
  snArenaClear(&a);
}

static void testParse(const char *text, const char *want) {
  testParseAs(false, text, want);
}

static void testAnd(const char *text, const char *want) {
  testParseAs(true, text, want);
}

static void testBindIn(const char *text, const QueryColumn *columns, u32 n,
    const char *want) {
  Arena a;
  Buf b, c;
  Query *q, *bound = NULL;
  int rc;
  snArenaInit(&a, NULL);
  snBufInit(&b, NULL);
  snBufInit(&c, NULL);
  rc = snQueryParse(&a, text, strlen(text), false, &q);
  snQueryText(q, NULL, &b);
  QueryColumns where = {.v = columns, .n = n};
  if (!rc) rc = snQueryBind(&a, &test_table, q, &where, &test_cut, &bound);
  snQueryText(q, NULL, &c);
  if (b.n != c.n || memcmp(b.data, c.data, b.n)) rc = SEINE_ERROR;
  b.n = 0;
  if (rc) snBufStr(&b, "error");
  else snQueryText(bound, &test_table, &b);
  testSame(snBufText(&b), want, text);
  snBufClear(&b);
  snBufClear(&c);
  snArenaClear(&a);
}

static void testBind(const char *text, const char *want) {
  static const QueryColumn body[1] = {{1, 1}};
  testBindIn(text, body, 1, want);
}

static void testBind2(const char *text, const char *want) {
  static const QueryColumn both[2] = {{0, 1}, {1, 1}};
  testBindIn(text, both, 2, want);
}

/* ---- 1. Parsing --------------------------------------------------------- */

static void testSigns(void) {
  testParse("fox", "fox");
  testParse("quick fox", "quick fox");
  testAnd("quick fox", "+quick +fox");
  testParse("a AND b", "+a +b");
  testParse("a && b", "+a +b");
  testParse("a&&b||c", "(+a +b) c");
  testParse("a OR b", "a b");
  testAnd("a OR b", "a b");
  testParse("a AND b OR c", "(+a +b) c");
  testParse("a OR b AND c", "a (+b +c)");
  testParse("a b AND c", "a (+b +c)");
  testAnd("a b OR c", "(+a +b) c");
  testParse("a AND (b OR c)", "+a +(b c)");
  testParse("+a b", "+a b");
  testParse("a -b", "a -b");
  testAnd("a -b", "+a -b");
  testParse("a NOT b", "a -b");
  testParse("a AND NOT b", "+a -b");
  testParse("a && !b", "+a -b");
  testParse("a && ! b", "+a -b");
  testParse("a OR NOT b", "a (+* -b)");
  testParse("NOT a OR b", "(+* -a) b");
  testParse("a OR -b", "a -b");
  testParse("a NOT b OR c", "(a -b) c");
  testParse("a OR b NOT c", "a (b -c)");
  testParse("a b NOT c", "a b -c");
  testParse("a b NOT c NOT d OR e f", "(a b -c -d) e f");
  testParse("a AND b NOT c OR d", "((+a +b) -c) d");
  testParse("a OR b NOT c OR NOT d", "a (b -c) (+* -d)");
  testParse("a -b NOT c OR d", "-b (a -c) d");
  testParse("+a b NOT c OR d", "+a b -c d");
  testParse("(a NOT b) OR c", "(a -b) c");
  testParse("a NOT (b OR c NOT d) OR e", "(a -(b (c -d))) e");
  testParse("NOT x", "+* -x");
  testParse("-x", "+* -x");
  testParse("!x", "+* -x");
  testParse("-a AND -b", "+* -a -b");
  testParse("-a -b", "+* -a -b");
  testParse("NOT NOT a", "a");
  testParse("(-a) b", "(+* -a) b");
  testParse("+a -b c", "+a -b c");
  testAnd("+a -b c", "+a -b +c");
  testParse("+(a b) -(c d)", "+(a b) -(c d)");
  testParse("and or not", "and or not");
  testParse("\\AND x", "\"AND\" x");
}

static void testWords(void) {
  testParse("multi-agent don't 20.04", "multi-agent don't 20.04");
  testParse("@nasa c++ C#", "@nasa c++ C#");
  testParse("fo* *", "fo* *");
  testParse("*", "*");
  testParse("fo**", "fo*");
  testParse("fo\\*", "\"fo*\"");
  testParse("a*b", "a*b");
  testParse("a?b* c\\*d*e", "a?b* c\\*d*e");
  testParse("how? are you??", "how are you");
  testParse("/fo[xg]/ /a b/ // /x/y", "/fo[xg]/ /a b/ // /x/y");
  testParse("title:/a(b|c)/^2", "title:/a(b|c)/^2");
  testParse("fox~ fox~1 fox~9 fox~0.7 a~b ~", "fox~ fox~1 fox~2 fox \"a~b\" \"~\"");
  testParse("fox\\~1", "\"fox~1\"");
  testParse("(a b c)@2", "a b c");
  testParse("fox^2.5", "fox^2.5");
  testParse("fo*^2", "fo*^2");
  testParse("fox^0.1 dog", "fox^0.1 dog");
  testParse("a^b", "\"a^b\"");
  testParse("a^ b", "\"a^\" b");
  testParse("^2", "\"^2\"");
  testParse("(a b)^3", "(a b)^3");
  testParse("((a^2))^3", "a^6");
  testParse("a\\ b", "\"a b\"");
  testParse("a\\", "\"a\\\\\"");
  testParse("a\xc2\xa0" "b\xe3\x80\x80" "c", "a b c");
  testParse("\"new york\"", "\"new york\"");
  testParse("\"new york\"~3^2", "\"new york\"~3^2");
  testParse("\"new york\"~", "\"new york\"");
  testParse("\"new york", "\"new york\"");
  testParse("\"say \\\"hi\\\"\"", "\"say \\\"hi\\\"\"");
  testParse("a\"b c\"d", "a \"b c\" d");
  testParse("\"foo*\"", "\"foo*\"");
  testParse("\"foo bar\"*", "\"foo bar\"");
  testParse("\"a\"~99999999999999999999", "\"a\"~1000000000");
}

static void testFields(void) {
  testParse("title:fox", "title:fox");
  testParse("title:fo*^2", "title:fo*^2");
  testParse("title:\"red fox\"~1", "title:\"red fox\"~1");
  testParse("title:(red fox)", "title:red title:fox");
  testParse("title:(red body:fox)^2", "(title:red body:fox)^2");
  testParse("a:(b:(c) d) e", "(b:c a:d) e");
  testParse("a:b:c", "a:\"b:c\"");
  testParse("a\\:b", "\"a:b\"");
  testParse("note: x", "\"note:\" x");
  testParse("x :y", "x \":y\"");
  testParse("title:", "\"title:\"");
  testParse("-title:fox", "+* -title:fox");
  testParse("age:-5", "age:\"-5\"");
  testParse("age:*", "age:*");
  testParse("title:\"\"", "title:\"\"");
  testParse("age:>=5", "age:[5 TO *]");
  testParse("age:>5", "age:{5 TO *]");
  testParse("age:<5^2", "age:[* TO 5}^2");
  testParse("age:<=5", "age:[* TO 5]");
  testParse("age:>-5", "age:{\"-5\" TO *]");
  testParse("age:[1 TO 5]", "age:[1 TO 5]");
  testParse("age:{1 TO 5]", "age:{1 TO 5]");
  testParse("age:[1 TO 5}^2 x", "age:[1 TO 5}^2 x");
  testParse("age:[ * TO 5 ]", "age:[* TO 5]");
  testParse("age:{* TO *}", "age:[* TO *]");
  testParse("age:[\"a b\" TO c]", "age:[\"a b\" TO c]");
  testParse("age:[1 TO 5", "age:[1 TO 5]");
  testParse("age:[1 5]", "age:\"[1\" \"5]\"");
  testParse("age:>", "age:\">\"");
  testParse("age:(>=1 AND <5)", "+age:[1 TO *] +age:[* TO 5}");
  testParse("age:([1 TO 2] OR 7)", "age:[1 TO 2] age:7");
  testParse("> [1 TO 5]", "\">\" \"[1\" TO \"5]\"");
}

static void testOdd(void) {
  testParse("", "(nothing)");
  testParse("   \t\n", "(nothing)");
  testParse("-", "(nothing)");
  testParse("\"", "(nothing)");
  testParse("()", "(nothing)");
  testParse("AND", "(nothing)");
  testParse("a -", "a");
  testParse("a - b", "a b");
  testParse("--verbose", "\"--verbose\"");
  testParse("a AND", "a");
  testParse("OR a", "a");
  testParse("a NOT", "a");
  testParse("a AND OR b", "a b");
  testParse("a OR AND b", "+a +b");
  testParse("NOT AND a", "a");
  testParse("a ! b", "a b");
  testParse("hello!", "hello!");
  testParse("a) b", "a b");
  testParse("(a b", "a b");
  testParse("((((a", "a");
  testParse("(a AND) b", "a b");
  testParse("-() a", "a");
  testParse("-\"\" a", "a");
  testParse(":) x", "\":\" x");
  testParse("a & b", "a \"&\" b");
  testParse("a|b", "\"a|b\"");
  testParse("http://x.org/a?b=c&d", "http:\"//x.org/a?b=c&d\"");
}

/* ---- 2. Binding --------------------------------------------------------- */

static void testText(void) {
  testBind("Fox", "body:fox");
  testBind2("Fox", "(title:fox | body:fox)");
  testBind2("fox^2", "(title:fox^2 | body:fox^2)");
  testBindIn("fox", NULL, 0, "(nothing)");
  testBind("20.04", "body:\"20 04\"");
  testBind("multi-agent^2", "body:\"multi agent\"^2");
  testBind("\"lord of the rings\"~2", "body:\"lord of ? rings\"~2");
  testBind("\"the fox\"", "body:fox");
  testBind("\"the fox ran\"", "body:\"fox ran\"");
  testBind("\"fo*\"", "body:fo");
  testBind("wifi", "(body:wifi | body:wireless)");
  testBind("\"wifi net\"", "body:PHRASE(OR(wifi wireless) net)");
  testBind("FO*", "body:fo*");
  testBind("title:FO*", "title:fo*");
  testBind("TITLE:fox", "title:fox");
  testBind("fox fox", "body:fox body:fox");
  testBind("+the +fox", "body:fox");
  testBind("the", "(nothing)");
  testBind("the the", "(nothing)");
  testBind("(the the) fox", "body:fox");
  testBind("the AND fox dog", "body:fox body:dog");
  testBind("-the", "*");
  testBind("the -fox", "+* -body:fox");
  testBind("fox -the", "body:fox");
  testBind("(fox the^2)^3 dog", "body:fox^3 body:dog");
  testBind("(fox dog)^3 cat", "(body:fox body:dog)^3 body:cat");
  testBind("-", "(nothing)");
  testBind("", "(nothing)");
  testBind("*", "*");
  testBind("nosuch:fox", "body:\"nosuch fox\"");
  testBind("nosuch:\"a b\"~1", "body:\"nosuch a b\"~1");
  testBind("nosuch:(a b)", "body:\"nosuch a\" body:\"nosuch b\"");
  testBind("nosuch:>=5", "body:\"nosuch 5\"");
  testBind("nosuch:*", "body:\"nosuch:\"*");
  testBind("title:[A TO b}", "title:[a TO b}");
  testBind("title:[b TO a]", "(nothing)");
  testBind("title:*", "title:[* TO *]");
}

static void testKeyword(void) {
  static const QueryColumn tag[2] = {{2, 1}, {1, 1}};
  testBind("tag:Fox", "tag:Fox");
  testBind("tag:\"Red Fox\"", "tag:\"Red Fox\"");
  testBind("tag:\"the\"", "tag:the");
  testBind("tag:\"\"", "tag:\"\"");
  testBind("tags:Fo*", "tags:Fo*");
  testBind("tag:>=M", "tag:[M TO *]");
  testBind("tag:{a TO a}", "(nothing)");
  testBind("tag:[a TO a]", "tag:[a TO a]");
  testBind("geo.city:Paris", "geo.city:Paris");
  testBind("ns:name:x:y", "ns:name:\"x:y\"");
  testBind("ns:other:x", "body:\"ns other x\"");
  testBindIn("the", tag, 2, "tag:the");
  testBindIn("Fox", tag, 2, "(tag:Fox | body:fox)");
  testBind("blob:x", "(nothing)");
  testBind("ip:10.0.0.1", "ip:10.0.0.1");
  testBind("ip:2001:db8::1", "ip:2001:db8::1");
  testBind("ip:10.1.2.3/8", "ip:[10.0.0.0 TO 10.255.255.255]");
  testBind("ip:10.1.2.3/33", "(nothing)");
  testBind("ip:2001:db8::/127", "ip:[2001:db8:: TO 2001:db8::1]");
  testBind("ip:nonsense", "(nothing)");
  testBind("ip:[10.0.0.1 TO 10.0.0.9]", "ip:[10.0.0.1 TO 10.0.0.9]");
  testBind("ip:[10.0.0.9 TO 10.0.0.1]", "(nothing)");
  testBind("ip:>x", "(nothing)");
}

static void testNumbers(void) {
  testBind("age:5", "age:5");
  testBind("nums:5", "nums:5");
  testBind("age:5.0", "age:5");
  testBind("age:5.5", "(nothing)");
  testBind("age:x", "(nothing)");
  testBind("age:x fox", "(nothing) body:fox");
  testBind("+age:x +fox", "+(nothing) +body:fox");
  testBind("age:-5", "age:-5");
  testBind("age:>=5", "age:[5 TO *]");
  testBind("age:>5", "age:[6 TO *]");
  testBind("age:<5", "age:[* TO 4]");
  testBind("age:>5.5", "age:[6 TO *]");
  testBind("age:>=5.5", "age:[6 TO *]");
  testBind("age:<5.5", "age:[* TO 5]");
  testBind("age:<=-5.5", "age:[* TO -6]");
  testBind("age:{5 TO 7}", "age:6");
  testBind("age:{5 TO 6}", "(nothing)");
  testBind("age:[7 TO 5]", "(nothing)");
  testBind("age:>9223372036854775807", "(nothing)");
  testBind("age:<-9223372036854775808", "(nothing)");
  testBind("age:>=1e30", "(nothing)");
  testBind("age:<=1e30", "age:[* TO *]");
  testBind("age:[* TO *]", "age:[* TO *]");
  testBind("age:nan", "(nothing)");
  testBind("age:5*", "(nothing)");
  testBind("age:*", "age:[* TO *]");
  testBind("size:2.5^2", "size:2.5^2");
  testBind("size:>=2", "size:[2.0 TO *]");
  testBind("size:>0", "size:[5e-324 TO *]");
  testBind("size:{1 TO 1}", "(nothing)");
  testBind("size:>inf", "(nothing)");
  testBind("size:>nan", "(nothing)");
  testBind("ok:true", "ok:true");
  testBind("ok:maybe", "(nothing)");
}

static void testDates(void) {
  testBind("day:2015-05-17", "day:2015-05-17");
  testBind("day:2015-02", "day:[2015-02-01 TO 2015-02-28]");
  testBind("day:2016", "day:[2016-01-01 TO 2016-12-31]");
  testBind("day:9999", "day:[9999-01-01 TO 9999-12-31]");
  testBind("day:>2016", "day:[2017-01-01 TO *]");
  testBind("day:<2016-02", "day:[* TO 2016-01-31]");
  testBind("day:2015-13", "(nothing)");
  testBind("day:\"2015-05-17 00:00:00\"", "day:2015-05-17");
  testBind("day:\"2015-05-17 10:00:00\"", "(nothing)");
  testBind("day:>=\"2015-05-17 10:00:00\"", "day:[2015-05-18 TO *]");
  testBind("day:<=\"1965-05-17 10:00:00\"", "day:[* TO 1965-05-17]");
  testBind("@timestamp:2015-05-17", "@timestamp:[\"2015-05-17 00:00:00\" TO "
      "\"2015-05-17 23:59:59.999999\"]");
  testBind("@timestamp:2015-05", "@timestamp:[\"2015-05-01 00:00:00\" TO "
      "\"2015-05-31 23:59:59.999999\"]");
  testBind("@timestamp:>2015-05-17",
      "@timestamp:[\"2015-05-18 00:00:00\" TO *]");
  testBind("@timestamp:[2015-05-17T10:00:00Z TO 2015-05-17]",
      "@timestamp:[\"2015-05-17 10:00:00\" TO "
      "\"2015-05-17 23:59:59.999999\"]");
  testBind("@timestamp:\"2015-05-17 10:05:03\"",
      "@timestamp:\"2015-05-17 10:05:03\"");
  testBind("@timestamp:soon", "(nothing)");
}

/* A boolean of NOT only, made by hand; a MAX; nodes that are bound. */
static void testBuilt(void) {
  static const QueryColumn body[1] = {{1, 1}};
  static const QueryColumns where = {.v = body, .n = 1};
  Arena a;
  Buf b;
  Query *q, *k, *out = NULL;
  snArenaInit(&a, NULL);
  snBufInit(&b, NULL);
  q = snQueryNew(&a, QUERY_BOOL);
  k = snQueryNew(&a, QUERY_TERM);
  if (!q || !k) return;
  k->column = 2;
  k->text = "x";
  k->len = 1;
  snQueryAdd(q, k, OCCUR_NOT);
  k = snQueryNew(&a, QUERY_RAW);
  if (!k) return;
  k->column = 0;
  k->text = "Red Fox";
  k->len = 7;
  k->quoted = true;
  snQueryAdd(q, k, OCCUR_NOT);
  snQueryBind(&a, &test_table, q, &where, &test_cut, &out);
  snQueryText(out, &test_table, &b);
  testSame(snBufText(&b), "+* -tag:x -title:\"red fox\"", "only NOT");
  testOk(out && out->nkids == 3, "kids are counted");
  snBufClear(&b);
  snArenaClear(&a);
}

/* ---- 3. Hostile input --------------------------------------------------- */

static bool testRun(const char *p, size_t n, bool op_and, Budget *budget,
    int *rc) {
  static const QueryColumn both[2] = {{0, 1}, {1, 1}};
  static const QueryColumns where = {.v = both, .n = 2};
  Arena a;
  Buf b;
  Query *q, *out = NULL;
  bool good;
  snArenaInit(&a, budget);
  snBufInit(&b, budget);
  *rc = snQueryParse(&a, p, n, op_and, &q);
  good = *rc ? !q : q != NULL;
  if (!*rc) {
    *rc = snQueryBind(&a, &test_table, q, &where, &test_cut, &out);
    good = good && (*rc ? !out : out != NULL);
  }
  if (!*rc) {
    snQueryText(out, &test_table, &b);
    *rc = b.rc;
  }
  snBufClear(&b);
  snArenaClear(&a);
  return good;
}

static void testRepeat(const char *piece, size_t times) {
  size_t n = strlen(piece);
  char *p = malloc(n * times + 1);
  int rc = SEINE_ERROR;
  bool good;
  if (!p) return;
  for (size_t i = 0; i < times; i++) memcpy(p + i * n, piece, n);
  good = testRun(p, n * times, false, NULL, &rc) && !rc;
  testOk(good, piece);
  free(p);
}

static void testLarge(void) {
  static const char *const pieces[] = {"a ", "(", ")", "a(", "(a ", "-(", "\"",
      "\"a\" ", "\\", "*", "^1", "a^1", "a:", "a:(", "x:[", "x:([(", "x:([\"",
      "x:([a&&", "x:[a TO ", "x:>", "!", "NOT ", "a AND ", "a OR NOT ", "+-",
      "- ", ":", "age:>5 ", "(a)^2 ", "(a b)(", "[1 TO \"\"", "\xe3\x80"};
  for (u32 i = 0; i < SN_COUNT(pieces); i++) testRepeat(pieces[i], 50000);
}

static void testDepth(void) {
  char text[700];
  Arena a;
  Query *q = NULL;
  u32 depth = 0;
  size_t n = 0;
  for (u32 i = 0; i < 150; i++) {
    text[n++] = '-';
    text[n++] = '(';
  }
  text[n++] = 'x';
  for (u32 i = 0; i < 150; i++) text[n++] = ')';
  memcpy(text + n, " y^2", 4);
  n += 4;
  snArenaInit(&a, NULL);
  snQueryParse(&a, text, n, false, &q);
  testOk(q && q->nkids == 2, "closing parentheses match beyond the limit");
  while (q && q->kids) {
    const Query *k = q->kids;
    q = k->next && k->kind == QUERY_ALL ? k->next : q->kids;
    depth++;
  }
  testOk(depth <= 201, "depth is bounded");
  snArenaClear(&a);
}

/* Random text of the signs that matter: no crash, and the same twice. */
static void testNoise(void) {
  static const char *const words[] = {"a", "fox", "the", " ", " ", " ", "(",
      ")", "\"", "+", "-", "!", "AND", "OR", "NOT", "&&", "||", ":", "title:",
      "age:", "[", "]", "{", "}", "TO", " TO ", ">", "<=", "*", "^2", "~1",
      "\\", "5", "2015-05", "@timestamp:", "ip:", "\xff", "\xc3\xa9"};
  u64 seed = 42;
  char text[400];
  u32 bad = 0;
  int rc;
  for (u32 i = 0; i < 20000; i++) {
    size_t n = 0;
    u32 k = (u32)((seed = snHashInt(seed + i)) % 30);
    while (k--) {
      const char *w;
      seed = snHashInt(seed + 1);
      w = words[seed % SN_COUNT(words)];
      memcpy(text + n, w, strlen(w));
      n += strlen(w);
    }
    if (!testRun(text, n, i & 1, NULL, &rc) || rc) bad++;
  }
  testOk(!bad, "noise");
}

static void testNoMemory(void) {
  static const char text[] = "+a \"b c\"~2 -title:(d e*)^2 age:[1 TO 5] "
      "tag:[a TO b] NOT f OR nosuch:x AND (g OR -h) ip:10.0.0.0/8";
  Budget b;
  int rc;
  bool good = true, done = false;
  for (i64 limit = 1; limit < 200000 && !done; limit += 97) {
    memset(&b, 0, sizeof b);
    b.limit = limit;
    good = testRun(text, sizeof text - 1, false, &b, &rc) && good;
    good = good && (rc == SEINE_OK || rc == SEINE_NOMEM) && !b.used;
    done = rc == SEINE_OK;
  }
  testOk(good && done, "want of memory under a limit");
  done = false;
  for (i64 i = 1; i < 1000 && !done; i++) {
    snFaultMem(i, false);
    good = testRun(text, sizeof text - 1, false, NULL, &rc) && good;
    snFaultMem(0, false);
    good = good && (rc == SEINE_OK || rc == SEINE_NOMEM);
    done = rc == SEINE_OK;
  }
  testOk(good && done, "each allocation fails once");
}

int main(void) {
  testSigns();
  testWords();
  testFields();
  testOdd();
  testText();
  testKeyword();
  testNumbers();
  testDates();
  testBuilt();
  testLarge();
  testDepth();
  testNoise();
  testNoMemory();
  printf("1..%d\n", test_count);
  return test_failed > 0;
}
