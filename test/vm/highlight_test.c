/*
** highlight_test: marks around what a query matched.
**   1. words, prefixes, booleans, columns, analyzers, keywords
**   2. phrases, with and without slop, and holes of stop words
**   3. overlapping pairs of CJK
**   4. snippets
**   5. random texts: without the marks the text is as it was; phrases
**      against the plainest search
**   6. hostile texts and queries; want of memory
**   7. spans: words in one, and no others
*/
#include "text/text.h"
#include "vm/vm.h"

static int test_count, test_failed;
static u64 test_seed = 0x6a09e667f3bcc909ull;
static Budget test_budget;
static Cutter *test_cutter;
static Tokens test_tokens;

static void testOk(bool ok, const char *name) {
  printf("%sok %d - %s\n", ok ? "" : "not ", ++test_count, name);
  test_failed += !ok;
}

static u32 testRandom(u32 n) {
  test_seed ^= test_seed << 13;
  test_seed ^= test_seed >> 7;
  test_seed ^= test_seed << 17;
  return (u32)((test_seed * 0x9e3779b97f4a7c15ull) >> 33) % n;
}

/* ---- A table and its analyzers ------------------------------------------ */

static Column test_col[] = {
    {1, "title", TYPE_TEXT, false, 0, "standard", NULL, NULL},
    {2, "body", TYPE_TEXT, false, 0, "standard", NULL, NULL},
    {3, "en", TYPE_TEXT, false, 0, "english", NULL, NULL},
    {4, "fo", TYPE_TEXT, false, 0, "folding", NULL, NULL},
    {5, "tag", TYPE_KEYWORD, false, 0, NULL, NULL, NULL},
    {6, "tags", TYPE_ARRAY | TYPE_KEYWORD, false, 0, NULL, NULL, NULL},
    {7, "n", TYPE_INTEGER, false, 0, NULL, NULL, NULL},
};
enum { C_TITLE, C_BODY, C_EN, C_FO, C_TAG, C_TAGS, C_N };
static Table test_table = {
    .ncol = SN_COUNT(test_col), .col = test_col, .name = "t"};

static int testCut(void *arg, const Column *col, const u8 *p, u32 n,
    CutTokens *out) {
  const Analyzer *a;
  Tokens *t = &test_tokens;
  int rc = snCutterFind(test_cutter, col->analyzer, strlen(col->analyzer), &a);
  (void)arg;
  snTokensClear(t);
  if (!rc) rc = snTextCut(test_cutter, a, (const char *)p, n, t);
  *out = (CutTokens){.n = t->n, .at = t->at, .len = t->len, .pos = t->pos,
      .bytes = t->bytes.data, .next_pos = t->next_pos, .from = t->from,
      .to = t->to};
  return rc;
}

static int testFold(void *arg, const Column *col, const u8 *p, u32 n,
    Buf *out) {
  const Analyzer *a;
  int rc = snCutterFind(test_cutter, col->analyzer, strlen(col->analyzer), &a);
  (void)arg;
  return rc ? rc : snTextFold(test_cutter, a, (const char *)p, n, out);
}

static const QueryCut test_cut = {testCut, testFold, NULL};

static Query *testQuery(Arena *a, const char *text, size_t n, u32 column) {
  Query *raw, *q = NULL;
  QueryColumn one = {column, 1};
  QueryColumns where = {.v = &one, .n = 1};
  if (snQueryParse(a, text, n, false, &raw) || snQueryBind(a, &test_table,
      raw, &where, &test_cut, &q)) {
    exit(2);
  }
  return q;
}

static void testMarkN(const Query *q, u32 column, const char *text, size_t n,
    u32 max, Buf *out) {
  Marker m = {&test_table, q, column, "[", "]", "...", max, false};
  out->n = 0;
  if (snMarkText(&m, &test_cut, &test_budget, (const u8 *)text, (u32)n,
      out)) {
    exit(2);
  }
}

static void testMark(const char *query, u32 column, u32 max,
    const char *text, const char *want) {
  Arena a;
  Buf out;
  const char *got;
  snArenaInit(&a, NULL);
  snBufInit(&out, &test_budget);
  testMarkN(testQuery(&a, query, strlen(query), column), column, text,
      strlen(text), max, &out);
  got = snBufText(&out);
  testOk(!strcmp(got, want), query);
  if (strcmp(got, want)) printf("# got  %s\n# want %s\n", got, want);
  snBufClear(&out);
  snArenaClear(&a);
}

static void testAll(const char *query, const char *text, const char *want) {
  testMark(query, C_BODY, 0, text, want);
}

/* ---- Words -------------------------------------------------------------- */

static void testWords(void) {
  const char *fox = "The quick brown fox, the red fox.";
  testAll("fox", fox, "The quick brown [fox], the red [fox].");
  testAll("quick red", fox, "The [quick] brown fox, the [red] fox.");
  testAll("FOX", fox, "The quick brown [fox], the red [fox].");
  testAll("qui*", fox, "The [quick] brown fox, the red fox.");
  testAll("quick AND fox", fox, "The [quick] brown [fox], the red [fox].");
  testAll("quick -fox", fox, "The [quick] brown fox, the red fox.");
  testAll("quick NOT (fox OR \"red fox\" OR bro*)", fox,
      "The [quick] brown fox, the red fox.");
  testAll("-quick", fox, fox);
  testAll("quick^2", fox, "The [quick] brown fox, the red fox.");
  testAll("((((quick)) +((fox))))", fox,
      "The [quick] brown [fox], the red [fox].");
  testAll("b* br* bro* f*", fox, "The quick [brown] [fox], the red [fox].");
  testAll("fox fo* \"fox\"", fox, "The quick brown [fox], the red [fox].");
  testAll("quick brown", fox, "The [quick] [brown] fox, the red fox.");
  testAll("title:fox", fox, fox);
  testAll("body:fox title:red", fox, "The quick brown [fox], the red [fox].");
  testAll("*", fox, fox);
  testAll("", fox, fox);
  testAll("fox", "", "");
  testAll("fox", "!?.", "!?.");
  testAll("nothing", fox, fox);
  testAll("tagx", "<b>&amp; tagx", "<b>&amp; [tagx]");
  testMark("run", C_EN, 0, "Runners were running; he runs",
      "Runners were [running]; he [runs]");
  testMark("cafe", C_FO, 0, "Un caf\xc3\xa9 noir", "Un [caf\xc3\xa9] noir");
  testAll("\xc3\xa9" "cole \xc3\xa9t\xc3\xa9",
      "une \xc3\x89" "COLE \xc3\xa9t\xc3\xa9",
      "une [\xc3\x89" "COLE] [\xc3\xa9t\xc3\xa9]");
  testMark("Key", C_TAG, 0, "Key", "[Key]");
  testMark("Key", C_TAG, 0, "key", "key");
  testMark("Ke*", C_TAG, 0, "Key West", "[Key West]");
  testMark("Key", C_TAGS, 3, "Key", "[Key]");
  testMark("5", C_N, 0, "5", "5");
  testMark("fox", 99, 0, "fox", "fox");
}

static void testPhrases(void) {
  const char *fox = "The quick brown fox, the red fox. Fox red, red.";
  testAll("\"red fox\"", fox,
      "The quick brown fox, the [red fox]. Fox red, red.");
  testAll("\"brown fox the red\"", fox,
      "The quick [brown fox, the red] fox. Fox red, red.");
  testAll("\"fox red\"", fox,
      "The quick brown fox, the red fox. [Fox red], red.");
  testAll("\"red red\"", fox,
      "The quick brown fox, the red fox. Fox [red, red].");
  testAll("\"red fox\" quick red", fox,
      "The [quick] brown fox, the [red fox]. Fox [red], [red].");
  testAll("\"quick fox\"", fox, fox);
  testAll("\"quick fox\"~1", fox,
      "The [quick] brown [fox], the red fox. Fox red, red.");
  testAll("\"fox quick\"~2", fox, fox);
  testAll("\"fox quick\"~3", fox,
      "The [quick] brown [fox], the red fox. Fox red, red.");
  testAll("\"quick quick\"~5", fox, fox);
  testAll("\"the the\"~5", fox,
      "[The] quick brown fox, [the] red fox. Fox red, red.");
  testAll("\"fox fox\"", fox,
      "The quick brown fox, the red [fox. Fox] red, red.");
  testAll("\"nothing fox\"", fox, fox);
  testAll("\"a b\" \"b c\"", "a b c a", "[a b c] a");
  testAll("\"a b\"", "a b a b", "[a b] [a b]");
  testAll("\"a a\"", "a a a", "[a a a]");
  testMark("\"state of the art\"", C_EN, 0, "The state of the art, state art",
      "The [state of the art], state art");
  testMark("\"state art\"", C_EN, 0, "The state of the art, state art",
      "The state of the art, [state art]");
  testAll("\xe6\x96\x87\xe7\xab\xa0",
      "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe3\x81\xae"
      "\xe6\x96\x87\xe7\xab\xa0\xe3\x81\xa7\xe3\x81\x99",
      "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe3\x81\xae"
      "[\xe6\x96\x87\xe7\xab\xa0]\xe3\x81\xa7\xe3\x81\x99");
  testAll("\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e",
      "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe3\x81\xae",
      "[\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e]\xe3\x81\xae");
  testAll("\xe6\x97\xa5\xe6\x9c\xac \xe6\x9c\xac\xe8\xaa\x9e",
      "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe3\x81\xae",
      "[\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e]\xe3\x81\xae");
}

/* ---- Snippets ----------------------------------------------------------- */

static void testSnippets(void) {
  const char *ten = "one two three four five six seven eight nine ten";
  testMark("dog", C_BODY, 20, "A brown dog", "A brown [dog]");
  testMark("dog", C_BODY, 3, " A brown dog! ", " A brown [dog]! ");
  testMark("none", C_BODY, 3, ten, "one two three...");
  testMark("six", C_BODY, 3, ten, "...five [six] seven...");
  testMark("one", C_BODY, 3, ten, "[one] two three...");
  testMark("ten", C_BODY, 3, ten, "...eight nine [ten]");
  testMark("ten", C_BODY, 1, ten, "...[ten]");
  testMark("two nine ten", C_BODY, 3, ten, "...eight [nine] [ten]");
  testMark("two three nine ten", C_BODY, 4, ten,
      "one [two] [three] four...");
  testMark("\"four five six\"", C_BODY, 4, ten, "...[four five six] seven...");
  testMark("\"four five six\"", C_BODY, 2, ten, "...[four five]...");
  testMark("b c", C_BODY, 4, "b x b x b y y b c y y", "...y [b] [c] y...");
  testMark("b", C_BODY, 4, "b y y y y b b y y", "...y [b] [b] y...");
  testMark("hit", C_BODY, 6, "Pad. pad pad pad. Start a hit here or there",
      "...Start a [hit] here or there");
  testMark("hit", C_BODY, 6, "Pad pad pad pad. Go a b hit c d e f g h",
      "...Go a b [hit] c d...");
  testMark("hit", C_BODY, 6, "Pad pad pad pad. Go a b b hit c d e f g h",
      "...Go a b b [hit] c...");
  testMark("hit", C_BODY, 6, "Pad pad pad pad. Go a b b b b hit c d e f g h",
      "...b b [hit] c d e...");
  testMark("2", C_TAG, 1, "1 2 3", "1 2 3");
}

/* ---- Random texts ------------------------------------------------------- */

static u32 testText(char *to, u32 words, u32 spread) {
  u32 n = 0;
  for (u32 i = 0; i < words; i++) {
    to[n++] = (char)('a' + testRandom(spread));
    to[n++] = ' ';
  }
  return n;
}

/* Marks every start of the phrase by searching at each place. */
static void testPlain(const char *text, u32 n, const char *phrase, u32 k,
    char *want) {
  u8 in[4096] = {0};
  u32 at = 0;
  for (u32 i = 0; i + k <= n; i += 2) { /* blanks too, but the last one */
    if (memcmp(text + i, phrase, k - 1)) continue;
    if (!in[i]) in[i] = 1;
    for (u32 j = 1; j < k - 1; j++) in[i + j] = 2;
  }
  for (u32 i = 0; i < n; i++) {
    if (in[i] == 1) want[at++] = '[';
    want[at++] = text[i];
    if (in[i] && (i + 1 == n || in[i + 1] != 2)) want[at++] = ']';
  }
  want[at] = 0;
}

static void testRandomPhrases(void) {
  bool good = true;
  for (u32 round = 0; good && round < 400; round++) {
    char text[2100], phrase[20], query[24], want[5000];
    u32 spread = 1 + testRandom(4), words = 1 + testRandom(300);
    u32 n = testText(text, words, spread);
    u32 k = testText(phrase, 2 + testRandom(3), spread);
    Arena a;
    Buf out;
    snArenaInit(&a, NULL);
    snBufInit(&out, NULL);
    snprintf(query, sizeof query, "\"%.*s\"", (int)k - 1, phrase);
    testPlain(text, n, phrase, k, want);
    testMarkN(testQuery(&a, query, strlen(query), C_BODY), C_BODY, text, n,
        0, &out);
    good = !strcmp(snBufText(&out), want);
    if (!good) {
      printf("# %s\n# got  %s\n# want %s\n", query, snBufText(&out), want);
    }
    snBufClear(&out);
    snArenaClear(&a);
  }
  testOk(good, "phrases as the plainest search finds them");
}

/* Without marks and dots the output is the text or a part of it. */
static void testRandomTexts(void) {
  static const char *const queries[] = {"a", "a b", "\"a b\"", "\"a b\"~2",
      "a* b* \"c a a\"~4", "(a AND b) OR \"c c\" -a", "\"a a a\"~1",
      "\xe6\x97\xa5\xe6\x9c\xac \xe6\x9c*", "\"b a d c\"~9"};
  static const char *const pieces[] = {"a", "b", "c", "d", " ", " ", " ",
      ". ", "\xe6\x97\xa5", "\xe6\x9c\xac", "\xe8\xaa\x9e", "\xff", "\xe6",
      "'s", "\n", "\xcc\x81"};
  bool good = true;
  for (u32 round = 0; good && round < 3000; round++) {
    const char *query = queries[testRandom(SN_COUNT(queries))];
    u32 max = testRandom(2) ? 0 : 1 + testRandom(12), n = 0, at = 0, open = 0;
    char text[400], *exact, bare[3000];
    Arena a;
    Buf out;
    for (u32 i = testRandom(90); i; i--) {
      const char *s = pieces[testRandom(SN_COUNT(pieces))];
      memcpy(text + n, s, strlen(s));
      n += (u32)strlen(s);
    }
    exact = malloc(n ? n : 1);
    if (!exact) exit(2);
    memcpy(exact, text, n);
    snArenaInit(&a, NULL);
    snBufInit(&out, NULL);
    testMarkN(testQuery(&a, query, strlen(query), testRandom(2) ? C_BODY
        : C_EN), C_BODY, exact, n, max, &out);
    for (size_t i = 0; i < out.n; i++) {
      u8 c = out.data[i];
      bool dots = out.n - i >= 3 && !memcmp(out.data + i, "...", 3);
      good = good && !(c == '[' && open) && !(c == ']' && !open);
      if (c == '[' || c == ']') open = c == '[';
      else if (max && dots && (!i || i + 3 == out.n)) i += 2;
      else bare[at++] = (char)c;
    }
    good = good && !open && at <= n && (max || at == n) &&
        memmem(text, n, bare, at);
    if (!good) printf("# %s: %s\n", query, snBufText(&out));
    snBufClear(&out);
    snArenaClear(&a);
    free(exact);
  }
  testOk(good, "nothing but marks is added");
}

/* ---- Hostile ------------------------------------------------------------ */

static void testHostileOne(const char *query, size_t nquery,
    const char *text, size_t n, const char *name) {
  Arena a;
  Buf out;
  Query *q;
  snArenaInit(&a, NULL);
  snBufInit(&out, NULL);
  q = testQuery(&a, query, nquery, C_BODY);
  testMarkN(q, C_BODY, text, n, 0, &out);
  testOk(out.n >= n, name);
  testMarkN(q, C_BODY, text, n, 50, &out);
  testOk(out.n < n, "and its snippet");
  snBufClear(&out);
  snArenaClear(&a);
}

static void testHostile(void) {
  Buf q, t;
  snBufInit(&q, NULL);
  snBufInit(&t, NULL);
  for (u32 i = 0; i < 200000; i++) snBufStr(&t, "a ");
  snBufStr(&q, "\"");
  for (u32 i = 0; i < 20000; i++) snBufStr(&q, "a ");
  snBufStr(&q, "\"~5");
  testHostileOne((char *)q.data, q.n, (char *)t.data, t.n,
      "a phrase of 20,000 equal words");
  q.n = 0;
  for (u32 i = 0; i < 3000; i++) snBufPrintf(&q, "\"a a\"~%u ", i);
  testHostileOne((char *)q.data, q.n, (char *)t.data, t.n,
      "3,000 phrases that are everywhere");
  q.n = 0;
  for (u32 i = 0; i < 100000; i++) snBufPrintf(&q, "w%u* a%u ", i, i);
  testHostileOne((char *)q.data, q.n, (char *)t.data, t.n,
      "200,000 words and prefixes");
  q.n = 0;
  for (u32 i = 0; i < 5000; i++) snBufStr(&q, "(a ");
  testHostileOne((char *)q.data, q.n, (char *)t.data, t.n,
      "5,000 open parentheses");
  snBufClear(&q);
  snBufClear(&t);
}

/* A tree deeper than any parser makes. */
static void testDeep(void) {
  Arena a;
  Buf out;
  Query *q, *leaf;
  snArenaInit(&a, NULL);
  snBufInit(&out, NULL);
  q = leaf = snQueryNew(&a, QUERY_TERM);
  leaf->text = "fox";
  leaf->len = 3;
  leaf->column = C_BODY;
  for (u32 i = 0; i < 300000; i++) {
    Query *up = snQueryNew(&a, i & 1 ? QUERY_MAX : QUERY_BOOL);
    if (!up) exit(2);
    snQueryAdd(up, q, OCCUR_SHOULD);
    q = up;
  }
  testMarkN(q, C_BODY, "a fox", 5, 0, &out);
  testOk(!strcmp(snBufText(&out), "a [fox]"), "a deep tree");
  snBufClear(&out);
  snArenaClear(&a);
}

static void testMemoryOf(const Query *q, const char *text) {
  bool good = true, whole = false;
  for (i64 k = 1; good && !whole; k++) {
    Marker m = {&test_table, q, C_BODY, "[", "]", "...", k & 1 ? 5 : 0,
        false};
    Buf out;
    int rc;
    snBufInit(&out, &test_budget);
    snFaultMem(k, false);
    rc = snMarkText(&m, &test_cut, &test_budget, (const u8 *)text,
        (u32)strlen(text), &out);
    snFaultMem(0, false);
    whole = !rc;
    good = !rc || rc == SEINE_NOMEM;
    snBufClear(&out);
    good = good && test_budget.used == 0;
  }
  testOk(good, "each allocation fails once");
}

static void testMemory(void) {
  const char *query = "a b* \"c d\" \"a d\"~3 (d AND (e OR -f))";
  Arena a;
  snArenaInit(&a, NULL);
  testMemoryOf(testQuery(&a, query, strlen(query), C_BODY),
      "a b c d a b b a. c a b d e f g h a b c, a d");
  snArenaClear(&a);
}

/* ---- Spans -------------------------------------------------------------- */

static Query *testTerm(Arena *a, const char *word, u32 column) {
  Query *q = snQueryNew(a, QUERY_TERM);
  if (!q) exit(2);
  q->text = word;
  q->len = (u32)strlen(word);
  q->column = column;
  return q;
}

static Query *testSpan(Arena *a, SpanOp op, u32 slop, Query *x, Query *y) {
  Query *q = snQueryNew(a, QUERY_SPAN);
  if (!q) exit(2);
  q->op = (u8)op;
  q->slop = slop;
  snQueryAdd(q, x, OCCUR_SHOULD);
  if (y) snQueryAdd(q, y, OCCUR_SHOULD);
  if (y) y->pos = 1;
  return q;
}

static Query *testNear(Arena *a, const char *x, const char *y, u32 slop) {
  return testSpan(a, SPAN_NEAR, slop, testTerm(a, x, C_BODY),
      testTerm(a, y, C_BODY));
}

static void testSpanIs(const Query *q, u32 max, const char *text,
    const char *want) {
  Buf out;
  snBufInit(&out, &test_budget);
  testMarkN(q, C_BODY, text, strlen(text), max, &out);
  testOk(!strcmp(snBufText(&out), want), want);
  if (strcmp(snBufText(&out), want)) printf("# got %s\n", snBufText(&out));
  snBufClear(&out);
}

static void testSpans(void) {
  const char *text = "a b x a x x b a c. b x x x c";
  Arena a;
  Query *q;
  snArenaInit(&a, NULL);
  q = testNear(&a, "a", "b", 0);
  testSpanIs(q, 0, text, "[a] [b] x a x x [b] [a] c. b x x x c");
  testSpanIs(q, 3, text, "[a] [b] x...");
  testSpanIs(testNear(&a, "a", "b", 1), 0, text,
      "[a] [b] x [a] x x [b] [a] c. [b] x x x c");
  testSpanIs(testSpan(&a, SPAN_ORDERED, 2, testTerm(&a, "a", C_BODY),
      testTerm(&a, "b", C_BODY)), 0, text,
      "[a] [b] x [a] x x [b] [a] c. [b] x x x c");
  testSpanIs(testSpan(&a, SPAN_PHRASE, 0, testTerm(&a, "a", C_BODY),
      testTerm(&a, "c", C_BODY)), 0, text,
      "a b x a x x b [a] [c]. b x x x c");
  q = testSpan(&a, SPAN_WITHIN, 0, testTerm(&a, "a", C_BODY),
      testNear(&a, "a", "b", 0));
  testSpanIs(q, 0, text, "[a] b x a x x b [a] c. b x x x c");
  q = testSpan(&a, SPAN_EXCEPT, 0, testNear(&a, "a", "x", 0),
      testTerm(&a, "b", C_BODY));
  testSpanIs(q, 0, text, "a b [x] [a] [x] x b a c. b x x x c");
  q = testSpan(&a, SPAN_CONTAINING, 0, testNear(&a, "b", "c", 9),
      testTerm(&a, "x", C_BODY));
  testSpanIs(q, 0, text, "a b x a x x b a c. [b] [x] [x] [x] [c]");
  testSpanIs(testSpan(&a, SPAN_FIRST, 1, testTerm(&a, "a", C_BODY), NULL), 0,
      text, "[a] b x a x x b a c. b x x x c");
  q = testSpan(&a, SPAN_NEAR, 0, testTerm(&a, "a", C_TITLE),
      testTerm(&a, "b", C_TITLE));
  testSpanIs(q, 0, text, text);
  q = snQueryNew(&a, QUERY_BOOL);
  snQueryAdd(q, testNear(&a, "a", "b", 0), OCCUR_NOT);
  snQueryAdd(q, testTerm(&a, "c", C_BODY), OCCUR_MUST);
  snQueryAdd(q, testNear(&a, "a", "c", 0), OCCUR_MUST);
  testSpanIs(q, 0, text, "a b x a x x b [a] [c]. b x x x [c]");
  testMemoryOf(q, text);
  snArenaClear(&a);
}

/* 200,000 words at the places of 3,000 spans and of one 100 deep. */
static void testSpansHostile(void) {
  Arena a;
  Buf t, out;
  Query *q, *all;
  snArenaInit(&a, NULL);
  snBufInit(&t, NULL);
  snBufInit(&out, NULL);
  for (u32 i = 0; i < 200000; i++) snBufStr(&t, "a ");
  q = testTerm(&a, "a", C_BODY);
  all = snQueryNew(&a, QUERY_BOOL);
  for (u32 i = 0; i < 100; i++) {
    q = testSpan(&a, i % 2 ? SPAN_NEAR : SPAN_OR, 5, q,
        testTerm(&a, "a", C_BODY));
  }
  snQueryAdd(all, q, OCCUR_SHOULD);
  for (u32 i = 0; i < 3000; i++) {
    snQueryAdd(all, testNear(&a, "a", "a", i), OCCUR_SHOULD);
  }
  testMarkN(all, C_BODY, (const char *)t.data, t.n, 0, &out);
  testOk(out.n > t.n, "spans that are everywhere");
  snBufClear(&t);
  snBufClear(&out);
  snArenaClear(&a);
}

int main(void) {
  if (snCutterNew(NULL, &test_cutter)) return 2;
  snTokensInit(&test_tokens, NULL);
  testWords();
  testPhrases();
  testSnippets();
  testRandomPhrases();
  testRandomTexts();
  testHostile();
  testDeep();
  testMemory();
  testSpans();
  testSpansHostile();
  snTokensFree(&test_tokens);
  snCutterFree(test_cutter);
  testOk(test_budget.used == 0, "no memory left behind");
  printf("1..%d\n", test_count);
  return test_failed != 0;
}
