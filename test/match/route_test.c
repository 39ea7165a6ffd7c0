/*
** route_test: which terms lead from a document to a stored query.
**   1. the routes of each kind of query
**   2. names of routes
**   3. random queries against every set of eight words: whoever matches has a
**      route; and no query of words alone must always be asked
**   4. want of memory
**
** In 3 a phrase or span is held to match wherever its words are: a document
** that matches less has a route all the more.
*/
#include <stdarg.h>
#include "match/match.h"

static int test_count, test_failed;

static void testOk(bool ok, const char *name) {
  printf("%sok %d - %s\n", ok ? "" : "not ", ++test_count, name);
  test_failed += !ok;
}

/* ---- a table whose words are what stands between blanks ------------------ */

static Column test_col[] = {
    {1, "body", TYPE_TEXT, false, 0, "standard", NULL, NULL},
    {2, "n", TYPE_INTEGER, false, 0, NULL, NULL, NULL},
    {7, "a:b", TYPE_TEXT, false, 0, "standard", NULL, NULL},
};
/* Words without a field go to body alone. */
static Table test_table = {.ncol = 2, .col = test_col, .name = "t"};

static u32 test_at[64], test_len[64], test_pos[64];
static u8 test_bytes[1024];

static int testCut(void *arg, const Column *col, const u8 *p, u32 n,
    CutTokens *out) {
  u32 k = 0, i = 0;
  (void)arg;
  (void)col;
  if (n > sizeof test_bytes) n = sizeof test_bytes;
  memcpy(test_bytes, p, n);
  while (i < n && k < SN_COUNT(test_at)) {
    while (i < n && p[i] == ' ') i++;
    test_at[k] = i;
    while (i < n && p[i] != ' ') i++;
    test_len[k] = i - test_at[k];
    test_pos[k] = k;
    k += test_len[k] > 0;
  }
  *out = (CutTokens){.n = k, .at = test_at, .len = test_len,
      .pos = test_pos, .bytes = test_bytes, .next_pos = k};
  return SEINE_OK;
}

static int testFold(void *arg, const Column *col, const u8 *p, u32 n,
    Buf *out) {
  (void)arg;
  (void)col;
  snBufAdd(out, p, n);
  return out->rc;
}

static const QueryCut test_cut = {testCut, testFold, NULL};

/* The routes of a text, in `out`; free it whatever rc. */
static int testRoutes(Budget *budget, const char *text, StrSet *out) {
  Arena a;
  Query *q = NULL;
  snArenaInit(&a, budget);
  snStrSetInit(out, budget);
  int rc = snQueryStored(&a, &test_table, text, (u32)strlen(text), &test_cut,
      &q);
  if (!rc) rc = snQueryRoute(&a, &test_table, q, out);
  snArenaClear(&a);
  return rc;
}

static void testKind(const char *text, const char *want) {
  StrSet got;
  Buf b;
  snBufInit(&b, NULL);
  int rc = testRoutes(NULL, text, &got);
  for (u32 i = 0; i < got.n; i++)
    snBufPrintf(&b, "%s%.*s", i ? " " : "", (int)got.refs[i].n,
        got.refs[i].p);
  bool same = !rc && !strcmp(snBufText(&b), want);
  testOk(same, text[0] ? text : "empty");
  if (!same) printf("# rc %d, got %s\n# want %s\n", rc, snBufText(&b), want);
  snBufClear(&b);
  snStrSetClear(&got);
}

static void testKinds(void) {
  static const char *const list[][2] = {
      {"fox", "body:fox"},
      {"fox dog", "body:fox body:dog"},
      {"fox fox", "body:fox"},
      {"body:fox", "body:fox"},
      {"fox^3", "body:fox"},
      {"", ""},
      /* of what must be there one part: the longest, the narrowest */
      {"+fox +quick", "body:quick"},
      {"fox AND quick AND dog", "body:quick"},
      {"+fox elephant", "body:fox"},
      {"(fox OR dog) AND cat", "body:cat"},
      {"(elephant OR giraffe) AND (fox OR horse)",
          "body:elephant body:giraffe"},
      {"(fox AND quick) OR (dog AND brown)", "body:quick body:brown"},
      /* what excludes leads nowhere */
      {"fox -dog", "body:fox"},
      {"fox NOT (dog cat)", "body:fox"},
      {"-dog", "*"},
      {"(-dog) AND fox", "body:fox"},
      {"(-dog) OR fox", "*"},
      /* what depends on more than terms */
      {"*", "*"},
      {"fo*", "*"},
      {"f?x", "*"},
      {"/fo./", "*"},
      {"fox~1", "*"},
      {"n:[1 TO 5]", "*"},
      {"fo* AND dog", "body:dog"},
      {"fo* OR dog", "*"},
      {"n:>5 AND (dog OR cat)", "body:dog body:cat"},
      {"n:>5 AND fo*", "*"},
      /* some of many: the best but one less than are asked for */
      {"(fox elephant dog)@1", "body:elephant body:fox body:dog"},
      {"(fox elephant dog)@2", "body:elephant body:fox"},
      {"(fox elephant dog)@3", "body:elephant"},
      {"(fo* elephant dog)@2", "body:elephant body:dog"},
      {"(fo* do* elephant)@2", "*"},
      {"(+ox elephant dog)@1", "body:ox"},
      {"(+ox -dog elephant)@1", "body:elephant"},
      {"(+ox -dog -cat elephant deer)@2", "body:elephant"},
      /* where words stand */
      {"\"fox quick dog\"", "body:quick"},
      {"\"fox elephant\"~3", "body:elephant"},
      {"NEAR(fox elephant, 3)", "body:elephant"},
      {"NEAR((fox OR dog) elephant)", "body:elephant"},
      {"NEAR((fox OR dog) ox)", "body:ox"},
      {"NEAR((fox OR dog) (elephant OR giraffe), 2)",
          "body:elephant body:giraffe"},
      {"ORDERED((fox OR dog) (ox OR elephant), 2)", "body:fox body:dog"},
      {"WITHIN(fox, NEAR(quick elephant))", "body:elephant"},
      {"WITHIN((fox OR elephant), NEAR((ox OR dog) (cat OR hen)))",
          "body:fox body:elephant"},
      {"CONTAINING(NEAR(quick fox), elephant)", "body:elephant"},
      {"EXCEPT(fox, elephant)", "body:fox"},
      {"EXCEPT((fox OR dog), elephant)", "body:fox body:dog"},
      {"EXCEPT(NEAR((fox OR dog) cat), elephant)", "body:cat"},
  };
  for (u32 i = 0; i < SN_COUNT(list); i++) testKind(list[i][0], list[i][1]);
}

static void testNames(void) {
  static const struct { u32 column; const char *want; } list[] = {
      {0, "body:fox"}, {2, "\1" "7:fox"}};
  Buf b;
  snBufInit(&b, NULL);
  for (u32 i = 0; i < SN_COUNT(list); i++) {
    snQueryRouteName(&b, test_col + list[i].column, "fox", 3);
    testOk(!b.rc && !strcmp(snBufText(&b), list[i].want),
        test_col[list[i].column].name);
  }
  snBufClear(&b);
  /* a word of two columns leads from either */
  test_table.ncol = 3;
  testKind("fox", "body:fox \1" "7:fox");
  testKind("body:fox AND quick", "body:fox");
  test_table.ncol = 2;
}

/* ---- random queries ------------------------------------------------------ */

#define WORDS 8
static const char *const test_word[WORDS] = {"ox", "fox", "dog", "deer",
    "horse", "falcon", "giraffe", "elephant"};

static u64 test_chance = 88172645463325252u;

static u32 testChance(u32 below) {
  test_chance ^= test_chance << 13;
  test_chance ^= test_chance >> 7;
  test_chance ^= test_chance << 17;
  return (u32)((test_chance >> 11) % below);
}

/* Sets of documents: bit d says whether the document matches whose words are
** the bits of d. */
typedef struct Docs { u64 bit[(1 << WORDS) / 64]; } Docs;

static bool docsHas(const Docs *s, u32 d) {
  return s->bit[d / 64] >> (d % 64) & 1;
}

static Docs docsOfWord(u32 w) {
  Docs s = {{0}};
  for (u32 d = 0; d < 1u << WORDS; d++)
    if (d >> w & 1) s.bit[d / 64] |= 1ull << (d % 64);
  return s;
}

static Docs docsAnd(Docs a, Docs b, bool not) {
  for (u32 i = 0; i < SN_COUNT(a.bit); i++)
    a.bit[i] &= not ? ~b.bit[i] : b.bit[i];
  return a;
}

static Docs docsOr(Docs a, Docs b) {
  for (u32 i = 0; i < SN_COUNT(a.bit); i++) a.bit[i] |= b.bit[i];
  return a;
}

static Docs makeWord(Buf *b) {
  u32 w = testChance(WORDS);
  snBufStr(b, test_word[w]);
  return docsOfWord(w);
}

/* Spans: two parts and what is between them. */
static Docs makeSpan(Buf *b, u32 depth) {
  static const char *const open[] = {"(", "NEAR(", "ORDERED(", "WITHIN(",
      "CONTAINING(", "EXCEPT("};
  static const char *const between[] = {" OR ", " ", " ", ", ", ", ", ", "};
  static const char *const shut[] = {")", ", 3)", ", 2)", ")", ")", ")"};
  u32 kind = testChance(6);
  Docs x, y;
  if (!depth) return makeWord(b);
  snBufStr(b, open[kind]);
  x = makeSpan(b, depth - 1);
  snBufStr(b, between[kind]);
  y = makeSpan(b, depth - 1);
  snBufStr(b, shut[kind]);
  return kind == 0 ? docsOr(x, y) : kind == 5 ? x : docsAnd(x, y, false);
}

static Docs makeQuery(Buf *b, u32 depth);

/* (x y z)@2 */
static Docs makeSome(Buf *b, u32 depth) {
  Docs x, y, z;
  snBufStr(b, "(");
  x = makeQuery(b, depth);
  snBufStr(b, " ");
  y = makeQuery(b, depth);
  snBufStr(b, " ");
  z = makeQuery(b, depth);
  snBufStr(b, ")@2");
  return docsOr(docsAnd(x, y, false), docsAnd(docsOr(x, y), z, false));
}

static Docs makeQuery(Buf *b, u32 depth) {
  Docs x, y;
  u32 kind = testChance(8);
  if (!depth) return makeWord(b);
  depth--;
  if (kind == 0) return makeSome(b, depth);
  if (kind == 1) {
    snBufStr(b, "NEAR(");
    x = makeSpan(b, depth);
    snBufStr(b, " ");
    y = makeSpan(b, depth);
    snBufStr(b, ")");
    return docsAnd(x, y, false);
  }
  if (kind == 2) {
    snBufStr(b, "\"");
    x = makeWord(b);
    snBufStr(b, " ");
    y = makeWord(b);
    snBufStr(b, "\"");
    return docsAnd(x, y, false);
  }
  snBufStr(b, "(");
  x = makeQuery(b, depth);
  snBufStr(b, kind < 5 ? " AND " : kind < 7 ? " OR " : " NOT ");
  y = makeQuery(b, depth);
  snBufStr(b, ")");
  return kind < 5 ? docsAnd(x, y, false) : kind < 7 ? docsOr(x, y)
                                                    : docsAnd(x, y, true);
}

static bool testRandom(Buf *b, u64 *matched) {
  StrSet got;
  Docs want, reached = {{0}};
  bool good = true;
  snBufClear(b);
  want = makeQuery(b, testChance(4));
  if (testRoutes(NULL, snBufText(b), &got)) good = false;
  if (snStrSetFind(&got, QUERY_ROUTE_ALWAYS, 1) != ~0u) good = false;
  for (u32 w = 0; w < WORDS; w++) {
    char name[40];
    int n = snprintf(name, sizeof name, "body:%s", test_word[w]);
    if (snStrSetFind(&got, name, (u32)n) != ~0u)
      reached = docsOr(reached, docsOfWord(w));
  }
  for (u32 d = 0; good && d < 1u << WORDS; d++) {
    *matched += docsHas(&want, d);
    if (docsHas(&want, d) && !docsHas(&reached, d)) good = false;
  }
  snStrSetClear(&got);
  return good;
}

static void testRandoms(u32 n) {
  Buf b;
  u64 matched = 0;
  bool good = true;
  snBufInit(&b, NULL);
  for (u32 i = 0; i < n && good; i++) good = testRandom(&b, &matched);
  testOk(good, "random queries: who matches has a route");
  if (!good) printf("# %s\n", snBufText(&b));
  testOk(matched > n, "random queries match something");
  snBufClear(&b);
}

/* ---- memory -------------------------------------------------------------- */

static void testMemory(void) {
  static const char text[] =
      "(fox dog elephant)@2 OR NEAR((ox OR deer) horse) OR n:>3";
  u32 n = 1, failed = 0;
  bool good = true;
  for (; n < 1000; n++) {
    StrSet got;
    snFaultMem(n, false);
    int rc = testRoutes(NULL, text, &got);
    bool asked = snFaultMemCount() >= n;
    snFaultMem(0, false);
    if (rc && rc != SEINE_NOMEM) good = false;
    if (!rc && asked) good = false;
    failed += rc != 0;
    snStrSetClear(&got);
    if (!asked) break;
  }
  testOk(good && failed > 3 && n < 1000, "memory that runs out is told");
}

int main(int argc, char **argv) {
  u32 n = getenv("SEINE_QUICK") ? 3000 : 30000;
  if (argc > 1) n = (u32)strtoul(argv[1], 0, 10);
  testKinds();
  testNames();
  testRandoms(n);
  testMemory();
  printf("1..%d\n", test_count);
  return test_failed > 0;
}
