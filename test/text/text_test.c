/*
** text_test: how words are cut.  Prints TAP.
**
** 1. tokens of each analyzer, with positions and source offsets
** 2. words over 255 bytes
** 3. bytes that are no text: NUL, bad UTF-8, texts cut anywhere
** 4. the table for ASCII and the scanner of re2c cut alike, on random text
** 5. invariants of the tokens of random bytes, all analyzers
** 6. every allocation fails once
** 7. names and folding
*/
#include "text/textInt.h"

static u32 testCount, testFailed;

static void testOk(bool ok, const char *what) {
  testCount++;
  testFailed += !ok;
  printf("%sok %u - %s\n", ok ? "" : "not ", testCount, what);
}

static u64 testSeed = 88172645463325252ull;
static u32 testRandom(u32 below) {
  testSeed ^= testSeed << 13;
  testSeed ^= testSeed >> 7;
  testSeed ^= testSeed << 17;
  return (u32)(testSeed >> 32) % below;
}

/* "word@pos[from-to] ..." */
static void testShow(const Tokens *t, bool places, Buf *out) {
  for (u32 i = 0; i < t->n; i++) {
    if (i) snBufByte(out, ' ');
    snBufAdd(out, t->bytes.data + t->at[i], t->len[i]);
    if (!places) continue;
    snBufPrintf(out, "@%u[%u-%u]", t->pos[i], t->from[i], t->to[i]);
  }
}

static Cutter *testCutter;

/* The text goes through a block of just its size: ASan sees over-reads. */
static int testCutInto(const char *analyzer, const char *text, size_t n,
    Tokens *t) {
  const Analyzer *a;
  char *copy = malloc(n ? n : 1);
  int rc = snCutterFind(testCutter, analyzer, strlen(analyzer), &a);
  if (!copy) return SEINE_NOMEM;
  if (n) memcpy(copy, text, n);
  if (!rc) rc = snTextCut(testCutter, a, copy, n, t);
  free(copy);
  return rc;
}

static void testCutBytes(const char *analyzer, const char *text, size_t n,
    const char *want) {
  Tokens t;
  Buf got, what;
  snTokensInit(&t, NULL);
  snBufInit(&got, NULL);
  snBufInit(&what, NULL);
  if (testCutInto(analyzer, text, n, &t)) snBufStr(&got, "(error)");
  else testShow(&t, strchr(want, '@') != NULL, &got);
  snBufPrintf(&what, "%s: %s", analyzer, want);
  testOk(!strcmp(snBufText(&got), want), snBufText(&what));
  if (strcmp(snBufText(&got), want)) printf("# got: %s\n", snBufText(&got));
  snTokensFree(&t);
  snBufClear(&got);
  snBufClear(&what);
}

static void testCut(const char *analyzer, const char *text,
    const char *want) {
  testCutBytes(analyzer, text, strlen(text), want);
}

static void testStandard(void) {
  testCut("standard", "", "");
  testCut("standard", " -- !", "");
  testCut("standard", "The Quick, brown fox!",
      "the@0[0-3] quick@1[4-9] brown@2[11-16] fox@3[17-20]");
  testCut("standard", "don't 'quoted' it's.", "don't quoted it's");
  testCut("standard", "don’t L’Été", "don’t l’été");
  testCut("standard", "3.14 1,000,000 1;2 1:2 1'5 7. ,8",
      "3.14 1,000,000 1;2 1 2 1'5 7 8");
  testCut("standard", "example.com a.b. .c a:b a,b a;b a..b",
      "example.com a.b c a:b a b a b a b");
  testCut("standard", "x.1 1.x r2d2 4K 1a.b2,3", "x 1 1 x r2d2 4k 1a.b2,3");
  testCut("standard", "snake_case __init__ _ __ a_ _9 a_.b",
      "snake_case __init__ a_ _9 a_ b");
  testCut("standard", "col·lecció ÀÉÎ Straße ΣΊΣΥΦΟΣ Ёлка",
      "col·lecció@0[0-12] àéî@1[13-19] straße@2[20-27] "
      "σίσυφοσ@3[28-42] ёлка@4[43-51]");
  testCut("standard", "e\xcc\x81te\xcc\x81 \xcc\x81x",
      "e\xcc\x81te\xcc\x81 x");
  testCut("standard", "a.\xcc\x81"
                      "b a'\xcc\x81 c",
      "a.\xcc\x81"
      "b a c");
  testCut("standard", "a.é é.a é'é 1.é é_1", "a.é é.a é'é 1 é é_1");
  testCut("standard", "naïve-café", "naïve@0[0-6] café@1[7-12]");
  testCut("standard", "हिन्दी भाषा ไทย שלום",
      "हिन्दी भाषा ไทย שלום");
  testCut("standard", "١٢٣٫٤ ٣،٤", "١٢٣٫٤ ٣،٤");
  testCut("standard", "𞤀𞤁 Ა ꭰ 𐓀", "𞤢𞤣 ა ꭰ 𐓨");
  testCut("standard", "İstanbul", "istanbul@0[0-9]");
  testCut("standard", "x² ½ Ⅷ 🙂 a🙂b", "x ⅷ a b");
}

static void testPairs(void) {
  testCut("standard", "日本語", "日本@0[0-6] 本語@1[3-9]");
  testCut("standard", "日", "日@0[0-3]");
  testCut("standard", "abc日本def", "abc@0[0-3] 日本@1[3-9] def@2[9-12]");
  testCut("standard", "第1回、東京タワーへ",
      "第@0[0-3] 1@1[3-4] 回@2[4-7] 東京@3[10-16] 京タ@4[13-19] "
      "タワ@5[16-22] ワー@6[19-25] ーへ@7[22-28]");
  testCut("standard", "한국어 검색", "한국 국어 검색");
  testCut("standard", "か\xe3\x82\x99く", "か\xe3\x82\x99く@0[0-9]");
  testCut("standard", "か\xe3\x82\x99 _日_", "か\xe3\x82\x99 日");
  testCut("standard", "\xf0\xa0\x80\x80\xf0\xa0\x80\x81",
      "\xf0\xa0\x80\x80\xf0\xa0\x80\x81@0[0-8]");
  testCut("folding", "ｶﾀﾅ 한글", "カタ タナ 한글");
  testCut("standard", "ﾊﾟﾋ", "ﾊﾟﾋ@0[0-9]");
}

static void testOthers(void) {
  testCut("simple", "It's R2D2, über-Größe 日本語x",
      "it@0[0-2] s@1[3-4] r@2[5-6] d@3[7-8] über@4[11-16] größe@5[17-24] "
      "日本語x@6[25-35]");
  testCut("simple", "snake_case a.b", "snake case a b");
  testCut("whitespace", " Foo-Bar\tB,c\n\u00a0É\u3000x ",
      "Foo-Bar@0[1-8] B,c@1[9-12] É@2[15-17] x@3[20-21]");
  testCut("keyword", "New York ", "New York @0[0-9]");
  testCut("keyword", "", "");
  testCut("folding", "Déjà VU Łódź Straße ﬁn", "deja vu lodz strasse fin");
  testCut("german", "Die Häuser des Nachbarn", "die haus des nachbarn");
  testCut("russian", "книги книгами", "книг книг");
  testCut("porter", "generously happy", "gener happi");
}

static void testLanguages(void) {
  testCut("english", "The dog's bones are not in Mary’s houses",
      "dog@1[4-9] bone@2[10-15] mari@6[27-35] hous@7[36-42]");
  testCut("english", "running runs ran happily generously",
      "run run ran happili generous");
  testCut("english", "DOG'S s a the", "dog@0[0-5] s@1[6-7]");
  testCut("english",
      "a an and are as at be but by for if in into is it no not of on or "
      "such that the their then there these they this to was will with",
      "");
  testCut("english", "him theirs wit", "him their wit");
  testCut("french", "L'avion qu'elle a vu, aujourd'hui et jusqu’à demain",
      "avion@0[0-7] vu@3[18-20] aujourd'hui@4[22-33] demain@7[48-54]");
  testCut("french", "étaient été même fûmes lorsqu’il s'étonne d'une",
      "éton");
  testCut("french", "continuellement les chevaux", "continuel cheval");
}

/* ---- Long words --------------------------------------------------------- */

static void testLong(void) {
  char text[2001];
  Tokens t;
  u32 bad = 0;
  snTokensInit(&t, NULL);
  memset(text, 'A', 600);
  testCutInto("standard", text, 600, &t);
  testOk(t.n == 3 && t.len[0] == 255 && t.len[1] == 255 && t.len[2] == 90,
      "600 letters are three tokens");
  testOk(t.n == 3 && t.pos[2] == 2 && t.from[1] == 255 && t.to[1] == 510 &&
          t.from[2] == 510 && t.to[2] == 600 && t.next_pos == 3,
      "with places of their own");

  /* U+023A grows from two bytes to three in lower case. */
  for (u32 i = 0; i < 400; i += 2) memcpy(text + i, "\xc8\xba", 2);
  snTokensClear(&t);
  testCutInto("standard", text, 400, &t);
  testOk(t.n == 3 && t.len[0] == 255 && t.len[1] == 255 && t.len[2] == 90,
      "the limit is that of the lower case");
  testOk(t.n == 3 && t.to[0] == 170 && t.to[1] == 340 && t.from[1] == 170 &&
          t.to[2] == 400,
      "the places are those of the source");

  text[0] = 'x';
  for (u32 i = 1; i < 1999; i += 2) memcpy(text + i, "\xd0\x96", 2);
  for (u32 k = 0; k < 4; k++) {
    const char *names[] = {"standard", "simple", "whitespace", "keyword"};
    snTokensClear(&t);
    testCutInto(names[k], text, 1999, &t);
    bad += t.n != 8 || t.to[7] != 1999;
    for (u32 i = 0; i < t.n; i++) {
      bad += !snUtfValid(t.bytes.data + t.at[i], t.len[i]);
      bad += i && t.from[i] != t.to[i - 1];
    }
  }
  testOk(!bad, "a character is never cut");
  snTokensFree(&t);

  /* One letter, many marks: a pair of 600 bytes. */
  memcpy(text, "\xe6\x97\xa5", 3);
  for (u32 i = 3; i < 603; i += 2) memcpy(text + i, "\xcc\x81", 2);
  testCutInto("standard", text, 603, &t);
  testOk(t.n == 1 && t.len[0] == 255 && t.to[0] == 603, "marks without end");
  snTokensFree(&t);
}

static void testBytes(void) {
  testCutBytes("standard", "a\0b", 3, "a@0[0-1] b@1[2-3]");
  testCutBytes("whitespace", "a\0b\xff"
                             "c",
      5, "a@0[0-1] b@1[2-3] c@2[4-5]");
  testCut("standard", "caf\xe9 au lait\xff", "caf au lait");
  testCut("standard", "a\xc3", "a");
  testCut("standard", "a\xe2\x80", "a");
  testCut("standard", "a'\xe2\x80", "a");
  testCut("standard", "\x80\xbf\xc0\xaf x", "x");
  testCut("standard", "a\xed\xa0\x80z \xf4\x90\x80\x80", "a z");
  testCut("standard", "日\xe6\x9c", "日");
  testCut("simple", "caf\xe9s", "caf s");
}

/* ---- Random text -------------------------------------------------------- */

static u32 testText(char *out, u32 limit, bool wild) {
  static const char *const parts[] = {
      "a", "b", "Z", "word", "1", "42", "_", ".", ",", ":", ";", "'", " ",
      " ", " ", "-", "\n", "’", "·", "é", "É", "ß", "Ж", "\xcc\x81", "日",
      "本", "か", "한", "\xe2\x80\x8d", "٣", "،", "‿", "\xc8\xba", "ไ",
      "𐐀", "ﬁ", "Ⓐ", "\xef\xbe\x9f", "İ",
  };
  u32 n = 0, count = testRandom(30), k;
  for (u32 i = 0; i < count; i++) {
    const char *s = parts[testRandom(SN_COUNT(parts))];
    if (wild && testRandom(6) == 0) {
      out[n++] = (char)testRandom(256);
      continue;
    }
    k = (u32)strlen(s);
    if (n + k > limit) break;
    memcpy(out + n, s, k);
    n += k;
  }
  return n;
}

static bool testSame(const Tokens *a, const Tokens *b) {
  if (a->n != b->n || a->next_pos != b->next_pos) return false;
  for (u32 i = 0; i < a->n; i++) {
    if (a->len[i] != b->len[i] || a->pos[i] != b->pos[i] ||
        a->from[i] != b->from[i] || a->to[i] != b->to[i] ||
        memcmp(a->bytes.data + a->at[i], b->bytes.data + b->at[i],
            a->len[i])) {
      return false;
    }
  }
  return true;
}

static void testBothPaths(void) {
  const char *names[] = {"standard", "simple", "english"};
  char text[400];
  u32 bad = 0;
  Tokens a, b;
  snTokensInit(&a, NULL);
  snTokensInit(&b, NULL);
  for (u32 i = 0; i < 60000; i++) {
    const char *name = names[i % 3];
    u32 n = testText(text, 300, i & 1);
    snTokensClear(&a);
    snTokensClear(&b);
    testCutInto(name, text, n, &a);
    testCutter->scan_only = true;
    testCutInto(name, text, n, &b);
    testCutter->scan_only = false;
    if (!testSame(&a, &b) && bad++ < 3) {
      printf("# %s differs on: %.*s\n", name, (int)n, text);
    }
  }
  testOk(!bad, "table and scanner cut alike");
  for (u32 i = 0; i < 20000; i++) {
    u32 n = testRandom(40);
    for (u32 k = 0; k < n; k++) /* now and then: long runs of connectors */
      text[k] = i % 4 || !testRandom(20) ? (char)testRandom(128) : '_';
    snTokensClear(&a);
    snTokensClear(&b);
    testCutInto("standard", text, n, &a);
    testCutter->scan_only = true;
    testCutInto("standard", text, n, &b);
    testCutter->scan_only = false;
    bad += !testSame(&a, &b);
  }
  testOk(!bad, "on any ASCII, too");
  snTokensFree(&a);
  snTokensFree(&b);
}

static bool testSound(const Tokens *t, u32 n, bool text) {
  u32 last = 0;
  if (t->rc) return false;
  for (u32 i = 0; i < t->n; i++) {
    if (t->len[i] < 1 || t->len[i] > 255) return false;
    if ((u64)t->at[i] + t->len[i] > t->bytes.n) return false;
    if (t->from[i] >= t->to[i] || t->to[i] > n) return false;
    if (i && t->pos[i] <= last) return false;
    last = t->pos[i];
    if (last >= t->next_pos) return false;
    if (text && !snUtfValid(t->bytes.data + t->at[i], t->len[i])) return false;
  }
  return true;
}

static void testRandomAll(void) {
  char text[4000];
  Tokens t;
  u32 bad = 0;
  snTokensInit(&t, NULL);
  const char *name;
  for (u32 k = 0; (name = snAnalyzerName(k)); k++) {
    for (u32 i = 0; i < 300; i++) {
      u32 n = 0;
      if (i % 3) n = testText(text, 300, i & 1);
      else for (; n < 100; n++) text[n] = (char)testRandom(256);
      if (i == 10) memset(text, 'a', n = sizeof text);
      snTokensClear(&t);
      testCutInto(name, text, n, &t);
      if (!testSound(&t, n, strcmp(name, "keyword") != 0) && bad++ < 3) {
        printf("# %s: unsound tokens\n", name);
      }
    }
  }
  testOk(!bad, "tokens are sound in all analyzers");
  snTokensFree(&t);
}

/* Cached stems are those of libstemmer: the second time gives the same. */
static void testStemCache(void) {
  Tokens a, b;
  Buf text;
  u32 bad = 0;
  snTokensInit(&a, NULL);
  snTokensInit(&b, NULL);
  snBufInit(&text, NULL);
  for (u32 i = 0; i < 30000; i++) {
    static const char *const ends[] = {"ing", "ies", "ational", "y", "ness",
        "edly", "s", "fully", "ization", "e"};
    u32 n = 1 + testRandom(5);
    while (n--) snBufByte(&text, (u8)('a' + testRandom(26)));
    snBufPrintf(&text, "%s ", ends[testRandom(10)]);
  }
  testCutInto("english", (const char *)text.data, text.n, &a);
  for (u32 i = 0; i < a.n; i++) { /* each alone, with an empty cache */
    if (i % 500 == 0) {
      for (u32 k = 0; k < TEXT_LANGS; k++) {
        snFilterStemmerFree(testCutter->stem[k]);
        testCutter->stem[k] = NULL;
      }
    }
    snTokensClear(&b);
    testCutInto("english", (const char *)text.data + a.from[i],
        a.to[i] - a.from[i], &b);
    bad += b.n != 1 || b.len[0] != a.len[i] ||
        memcmp(b.bytes.data + b.at[0], a.bytes.data + a.at[i], a.len[i]);
  }
  testOk(a.n > 20000 && !bad, "remembered stems are the stems");
  snTokensFree(&a);
  snTokensFree(&b);
  snBufClear(&text);
}

/* ---- Memory, names ------------------------------------------------------ */

#ifdef SEINE_TEST
static void testMemory(void) {
  const char *names[] = {"english", "french", "folding", "whitespace",
      "html_strip, mapping('one=>1', 'é=>e'), standard, elision('l', 'd'), "
      "lowercase, stop('two', 'three'), decimal_digit, cjk_width",
      "whitespace, lowercase, unique, reverse, keyword_repeat, "
      "keyword_marker('x'), stemmer_override('one=>1'), stem('english')",
      "standard, lowercase, synonyms('one two => x y z', 'four, five six')",
      "standard, shingle(2, 3), word_delimiter, common_grams('one'), soundex",
      "standard, ngram(1, 3), decompound('on', 'ne'), fingerprint",
      "uax_url_email, edge_ngram(1, 3), length(1, 2), truncate(1), trim",
      "ngram(1, 2), uppercase", "path_hierarchy, limit(1), classic"};
  const char *text = "L’été des chevaux: 日本語 naïve runners' 1.5 ﬁn "
                     "one two three four five six seven eight nine ten";
  Budget budget = {0};
  Cutter *kept = testCutter;
  u32 bad = 0, nth = 1;
  int rc = SEINE_NOMEM;
  for (u32 k = 0; k < SN_COUNT(names); k++) {
    for (nth = 1, rc = SEINE_NOMEM; rc && nth < 300; nth++) {
      const Analyzer *a;
      Tokens t;
      snTokensInit(&t, &budget);
      snFaultMem((i64)nth, false);
      rc = snCutterNew(&budget, &testCutter);
      if (!rc) rc = snCutterFind(testCutter, names[k], strlen(names[k]), &a);
      for (u32 i = 0; !rc && i < 3; i++) {
        rc = snTextCut(testCutter, a, text, strlen(text), &t);
      }
      snFaultMem(0, false);
      bad += rc != 0 && rc != SEINE_NOMEM;
      snCutterFree(testCutter);
      snTokensFree(&t);
      bad += budget.used != 0;
    }
    bad += rc != 0;
    if (rc || bad) printf("# %s: rc %d, bad %u\n", names[k], rc, bad);
  }
  testCutter = kept;
  testOk(!bad, "each allocation fails once");
}
#endif

static void testNames(void) {
  const Analyzer *a, *b;
  const char *name;
  u32 bad = 0, n = 0;
  for (; (name = snAnalyzerName(n)); n++) {
    bad += snCutterFind(testCutter, name, strlen(name), &a) ||
        strcmp(a->text, name) != 0;
  }
  testOk(n > 20 && !bad, "every analyzer has its name");
  testOk(!snCutterFind(testCutter, "EngLish", 7, &a) &&
          !snCutterFind(testCutter, "english", 7, &b) && a->n == b->n &&
          a->n == 4, "a name of any case");
  testOk(snCutterFind(testCutter, "klingon", 7, &a) == SEINE_ERROR && !a &&
          snCutterFind(testCutter, "", 0, &a) == SEINE_ERROR &&
          snCutterFind(testCutter, "englis", 6, &a) == SEINE_ERROR,
      "an unknown name is an error");
}

static void testFold(const char *analyzer, const char *text,
    const char *want) {
  const Analyzer *a;
  Buf out;
  snBufInit(&out, NULL);
  testOk(!snCutterFind(testCutter, analyzer, strlen(analyzer), &a) &&
          !snTextFold(testCutter, a, text, strlen(text), &out) &&
          !strcmp(snBufText(&out), want),
      want);
  snBufClear(&out);
}

static void testAppend(void) {
  Tokens t;
  Buf got;
  snTokensInit(&t, NULL);
  snBufInit(&got, NULL);
  testCutInto("english", "the end", 7, &t);
  t.next_pos += 100;
  testCutInto("english", "is near the", 11, &t);
  testShow(&t, true, &got);
  testOk(!strcmp(snBufText(&got), "end@1[4-7] near@103[3-7]") &&
          t.next_pos == 105,
      "texts are appended at next_pos");
  t.next_pos = UINT32_MAX - 5;
  testOk(testCutInto("english", "x", 1, &t) == SEINE_TOOBIG &&
          t.rc == SEINE_TOOBIG,
      "positions do not wrap");
  snTokensClear(&t);
  snTokensFree(&t);
  snBufClear(&got);
}

int main(void) {
  if (snCutterNew(NULL, &testCutter)) return 1;
  testStandard();
  testPairs();
  testOthers();
  testLanguages();
  testLong();
  testBytes();
  testBothPaths();
  testRandomAll();
  testStemCache();
#ifdef SEINE_TEST
  testMemory();
#endif
  testNames();
  testFold("standard", "ÉTÉ The*", "été the*");
  testFold("folding", "ÉTÉ Th?", "ete th?");
  testFold("keyword", "New Y*", "New Y*");
  testFold("french", "L'Avions*", "l'avions*");
  testAppend();
  snCutterFree(testCutter);
  printf("1..%u\n", testCount);
  return testFailed != 0;
}
