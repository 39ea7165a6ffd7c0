/*
** regex_test: regular expressions of room base.
**   1. random expressions in both syntaxes, in random texts with characters
**      of one to four bytes, against a model that follows the definition:
**      sets of places where a match can end.  Walked state by state too.
**   2. what Lucene's documentation and tests say of its syntax
**   3. the syntax of POSIX, Java and RE2; wildcards; case
**   4. bad patterns: the message and its place
**   5. patterns made to hurt: fast, or an error; the cache of states is
**      emptied on the way
**   6. random bytes as patterns and texts
**   7. each allocation fails
**   8. scans: matches of random patterns against the model, of long texts
**      against single matches; groups against a table, and against what they
**      must tile; patterns made to hurt
*/
#include "base/base.h"
#include <time.h>

static int test_count, test_failed;
static u64 test_seed = 0x243f6a8885a308d3ull;

static void testOk(bool ok, const char *name) {
  printf("%sok %d - %s\n", ok ? "" : "not ", ++test_count, name);
  test_failed += !ok;
}

static u32 testBelow(u32 n) {
  test_seed ^= test_seed << 13;
  test_seed ^= test_seed >> 7;
  test_seed ^= test_seed << 17;
  return (u32)((test_seed * 0x9e3779b97f4a7c15ull >> 32) % n);
}

/* ---- 1. the model ------------------------------------------------------- */

#define MODEL_TEXT 24u

typedef enum ModelKind {
  MODEL_CHAR, MODEL_ANY, MODEL_SET, MODEL_CAT, MODEL_ALT, MODEL_REPEAT,
  MODEL_EMPTY, MODEL_NONE, MODEL_ALL, MODEL_NOT, MODEL_AND, MODEL_BEGIN,
  MODEL_END
} ModelKind;

typedef struct Model {
  ModelKind kind;
  u32 c, min, max;  /* max 99: none */
  u32 set[4], nset; /* pairs */
  bool negate;
  struct Model *a, *b;
} Model;

static Model model_pool[400];
static u32 model_used;
static u32 model_text[MODEL_TEXT + 1], model_n, model_flags;
static bool model_lazy = true; /* lazy counts are printed too */

static const u32 model_letters[] = {'a', 'b', 'c', 0xe4, 0x4e16, 0x1f600, 'A',
    0xc4, '\n', 0xe5};

static u32 modelLetter(void) {
  u32 n = testBelow(4) ? 3 : SN_COUNT(model_letters);
  return model_letters[testBelow(n)];
}

static u32 modelLower(u32 c) {
  bool upper = (c >= 'A' && c <= 'Z') || (c >= 0xc0 && c <= 0xde);
  return upper && c != 0xd7 ? c + 32 : c;
}

static bool modelSame(u32 x, u32 y) {
  if (!(model_flags & REGEX_FOLD)) return x == y;
  return modelLower(x) == modelLower(y);
}

static bool modelIn(const Model *m, u32 c) {
  bool in = false;
  for (u32 i = 0; i < m->nset; i += 2) {
    for (u32 x = m->set[i]; x <= m->set[i + 1]; x++) {
      if (modelSame(x, c)) in = true;
    }
  }
  return in != m->negate;
}

static u64 modelEnds(const Model *m, u32 at);

static u64 modelStep(const Model *m, u64 from) {
  u64 to = 0;
  for (u32 i = 0; i <= model_n; i++) {
    if (from >> i & 1) to |= modelEnds(m, i);
  }
  return to;
}

static u64 modelRepeat(const Model *m, u32 at) {
  u64 now = 1ull << at, all;
  u32 k = 0;
  for (; k < m->min; k++) now = modelStep(m->a, now);
  for (all = now; k < m->max; k++) {
    now = modelStep(m->a, now);
    if (m->max == 99 && !(now & ~all)) break;
    all |= now;
  }
  return all;
}

static u64 modelEnds(const Model *m, u32 at) {
  u64 here = 1ull << at, behind = ~(here - 1) & ((2ull << model_n) - 1);
  u32 c = at < model_n ? model_text[at] : 0;
  bool dot = !(model_flags & REGEX_FIND) || (model_flags & REGEX_DOTALL);
  switch (m->kind) {
    case MODEL_CHAR: return at < model_n && modelSame(c, m->c) ? here << 1 : 0;
    case MODEL_ANY: return at < model_n && (dot || c != '\n') ? here << 1 : 0;
    case MODEL_SET: return at < model_n && modelIn(m, c) ? here << 1 : 0;
    case MODEL_CAT: return modelStep(m->b, modelEnds(m->a, at));
    case MODEL_ALT: return modelEnds(m->a, at) | modelEnds(m->b, at);
    case MODEL_AND: return modelEnds(m->a, at) & modelEnds(m->b, at);
    case MODEL_NOT: return behind & ~modelEnds(m->a, at);
    case MODEL_REPEAT: return modelRepeat(m, at);
    case MODEL_EMPTY: return here;
    case MODEL_NONE: return 0;
    case MODEL_ALL: return behind;
    case MODEL_BEGIN: return at ? 0 : here;
    case MODEL_END: return at == model_n ? here : 0;
  }
  return 0;
}

static Model *modelNew(ModelKind kind) {
  Model *m = model_pool + model_used++;
  *m = (Model){.kind = kind, .c = modelLetter()};
  return m;
}

static Model *modelLeaf(bool find) {
  Model *m = modelNew(MODEL_CHAR);
  u32 k = testBelow(16);
  if (k == 0) m->kind = MODEL_ANY;
  if (k == 1) m->kind = MODEL_EMPTY;
  if (k == 2) m->kind = find ? MODEL_BEGIN : MODEL_ALL;
  if (k == 3) m->kind = find ? MODEL_END : MODEL_ALL;
  if (k == 4 && !find) m->kind = MODEL_NONE;
  if (k < 5 || k > 7) return m;
  m->kind = MODEL_SET;
  m->negate = testBelow(3) == 0;
  for (m->nset = 0; m->nset < 4; m->nset += 2) {
    u32 x = modelLetter();
    m->set[m->nset] = x;
    m->set[m->nset + 1] = x + testBelow(3);
    if (testBelow(2)) break;
  }
  m->nset = m->nset < 4 ? m->nset + 2 : 4;
  return m;
}

static Model *modelRandom(u32 depth, bool find) {
  Model *m;
  u32 k = testBelow(find ? 10 : 14);
  if (!depth || k == 0) return modelLeaf(find);
  m = modelNew(k < 4 ? MODEL_CAT : k < 6 ? MODEL_ALT : k < 10 ? MODEL_REPEAT
          : k < 12 ? MODEL_NOT : MODEL_AND);
  m->a = modelRandom(depth - 1, find);
  if (m->kind == MODEL_CAT || m->kind == MODEL_ALT || m->kind == MODEL_AND) {
    m->b = modelRandom(depth - 1, find);
  }
  m->min = testBelow(4);
  m->max = testBelow(3) ? m->min + testBelow(4) : 99;
  if (testBelow(3) == 0) m->min = testBelow(2);
  if (m->max < m->min) m->max = m->min;
  return m;
}

static void modelPutChar(Buf *b, u32 c) {
  u8 tmp[4];
  snBufAdd(b, tmp, snUtfPut(tmp, c));
}

static void modelPrint(Buf *b, const Model *m, bool find);

static void modelGroup(Buf *b, const Model *m, bool find) {
  if (m->kind == MODEL_CHAR) {
    modelPutChar(b, m->c);
    return;
  }
  snBufStr(b, find && testBelow(2) ? "(?:" : "(");
  modelPrint(b, m, find);
  snBufStr(b, ")");
}

static void modelPrintTimes(Buf *b, const Model *m, bool find) {
  if (m->max == 99 && m->min < 2 && testBelow(2)) {
    snBufByte(b, m->min ? '+' : '*');
  } else if (m->min == 0 && m->max == 1 && testBelow(2)) {
    snBufByte(b, '?');
  } else if (m->max == 99) {
    snBufPrintf(b, "{%u,}", (unsigned)m->min);
  } else if (m->min == m->max) {
    snBufPrintf(b, "{%u}", (unsigned)m->min);
  } else {
    snBufPrintf(b, "{%u,%u}", (unsigned)m->min, (unsigned)m->max);
  }
  if (find && model_lazy && testBelow(8) == 0) snBufByte(b, '?');
}

static void modelPrintSet(Buf *b, const Model *m) {
  snBufStr(b, m->negate ? "[^" : "[");
  for (u32 i = 0; i < m->nset; i += 2) {
    modelPutChar(b, m->set[i]);
    if (m->set[i] == m->set[i + 1]) continue;
    snBufByte(b, '-');
    modelPutChar(b, m->set[i + 1]);
  }
  snBufByte(b, ']');
}

static void modelPrint(Buf *b, const Model *m, bool find) {
  switch (m->kind) {
    case MODEL_CHAR: modelPutChar(b, m->c); break;
    case MODEL_ANY: snBufByte(b, '.'); break;
    case MODEL_SET: modelPrintSet(b, m); break;
    case MODEL_EMPTY: snBufStr(b, "()"); break;
    case MODEL_NONE: snBufByte(b, '#'); break;
    case MODEL_ALL: snBufStr(b, testBelow(2) ? "@" : ".*"); break;
    case MODEL_BEGIN: snBufByte(b, '^'); break;
    case MODEL_END: snBufByte(b, '$'); break;
    case MODEL_NOT:
      snBufByte(b, '~');
      modelGroup(b, m->a, find);
      break;
    case MODEL_REPEAT:
      modelGroup(b, m->a, find);
      modelPrintTimes(b, m, find);
      break;
    case MODEL_CAT: case MODEL_ALT: case MODEL_AND:
      modelGroup(b, m->a, find);
      if (m->kind != MODEL_CAT) snBufByte(b, m->kind == MODEL_ALT ? '|' : '&');
      modelGroup(b, m->b, find);
      break;
  }
}

static void modelText(Buf *b) {
  model_n = testBelow(testBelow(4) ? 8 : MODEL_TEXT);
  b->n = 0;
  for (u32 i = 0; i < model_n; i++) {
    model_text[i] = modelLetter();
    modelPutChar(b, model_text[i]);
  }
}

static bool modelMatch(const Model *m) {
  u64 end = 1ull << model_n;
  if (!(model_flags & REGEX_FIND)) return modelEnds(m, 0) & end;
  for (u32 i = 0; i <= model_n; i++) {
    if (modelEnds(m, i)) return true;
  }
  return false;
}

/* State by state; Next must agree with Step. */
static bool testWalk(Regex *r, const u8 *p, size_t n, bool *out) {
  u32 state = snRegexStart(r);
  for (size_t i = 0; i < n; i++) {
    if (testBelow(50) == 0) {
      u32 next = snRegexNext(r, state, p[i] - 1);
      u32 to = snRegexStep(r, state, p[i]);
      if ((next == p[i]) != (to != REGEX_DEAD)) return false;
      for (u32 b = p[i]; b < next && b < 256; b++) {
        if (snRegexStep(r, state, (u8)b) != REGEX_DEAD) return false;
      }
    }
    state = snRegexStep(r, state, p[i]);
    if (state == REGEX_SURE && !snRegexAccepts(r, state)) return false;
  }
  *out = snRegexAccepts(r, state);
  return !r->rc;
}

static u32 test_yes, test_no;

static bool testOne(const Model *m, Regex *r, const char *pattern, Buf *text) {
  bool want = modelMatch(m), got = !want, walked = !want;
  int rc = snRegexMatch(r, text->data, text->n, &got);
  if (want) test_yes++;
  else test_no++;
  if (rc || got != want) {
    printf("# /%s/ flags %u on \"%.*s\": want %d, got %d, rc %d\n", pattern,
        (unsigned)model_flags, (int)text->n, (char *)text->data, want, got,
        rc);
    return false;
  }
  if (!testWalk(r, text->data, text->n, &walked) || walked != want) {
    printf("# /%s/: the walk disagrees\n", pattern);
    return false;
  }
  return true;
}

static bool testModel(u32 patterns, u32 texts, bool find) {
  Buf pattern, text;
  Budget budget = {0};
  bool good = true;
  snBufInit(&pattern, NULL);
  snBufInit(&text, NULL);
  snBufByte(&text, 0);
  for (u32 i = 0; i < patterns && good; i++) {
    char why[REGEX_MESSAGE];
    Regex *r;
    u32 at;
    Model *m;
    model_used = 0;
    m = modelRandom(1 + testBelow(5), find);
    model_flags = find ? REGEX_FIND : REGEX_WHOLE;
    if (testBelow(4) == 0) model_flags |= REGEX_FOLD;
    if (find && testBelow(4) == 0) model_flags |= REGEX_DOTALL;
    pattern.n = 0;
    modelPrint(&pattern, m, find);
    if (pattern.n > 900) continue;
    const char *z = snBufText(&pattern);
    if (snRegexNew(&budget, z, pattern.n, model_flags, &r, why, &at)) {
      printf("# /%s/: %s at %u\n", z, why, (unsigned)at);
      good = false;
      break;
    }
    for (u32 k = 0; k < texts && good; k++) {
      modelText(&text);
      good = testOne(m, r, z, &text);
    }
    snRegexFree(r);
    if (budget.used) good = false;
  }
  snBufClear(&pattern);
  snBufClear(&text);
  return good;
}

static void testModels(void) {
  bool quick = getenv("SEINE_QUICK") != NULL;
  u32 n = quick ? 4000 : 20000;
  testOk(testModel(n, 12, false), "model: Lucene's syntax");
  testOk(test_yes > n && test_no > n, "model: yes and no, both often");
  test_yes = test_no = 0;
  testOk(testModel(n, 12, true), "model: find");
  testOk(test_yes > n && test_no > n, "model: yes and no, both often");
}

/* ---- 2. to 4. tables ---------------------------------------------------- */

/* 1, 0, or -1 after an error; texts may hold anything but a 0. */
static int testMatch(const char *pattern, u32 flags, const char *text) {
  char why[REGEX_MESSAGE];
  bool yes = false;
  Regex *r;
  u32 at;
  int rc = snRegexNew(NULL, pattern, strlen(pattern), flags, &r, why, &at);
  if (rc) {
    printf("# /%s/: %s at %u\n", pattern, why, (unsigned)at);
    return -1;
  }
  rc = snRegexMatch(r, text, strlen(text), &yes);
  snRegexFree(r);
  return rc ? -1 : yes;
}

typedef struct Case {
  const char *pattern, *yes, *no; /* texts, apart by blanks */
  u32 flags;
} Case;

static bool testTexts(const Case *c, u32 flags, const char *texts, int want) {
  char one[200];
  bool good = true;
  while (texts) {
    size_t n = strcspn(texts, " ");
    memcpy(one, texts, n);
    one[n] = 0;
    if (testMatch(c->pattern, flags | c->flags, one) != want) {
      printf("# /%s/ on \"%s\"\n", c->pattern, one);
      good = false;
    }
    texts = texts[n] ? texts + n + 1 : NULL;
  }
  return good;
}

static void testCases(const Case *c, u32 n, u32 flags) {
  for (u32 i = 0; i < n; i++) {
    bool good = testTexts(c + i, flags, c[i].yes, 1);
    good = testTexts(c + i, flags, c[i].no, 0) && good;
    testOk(good, c[i].pattern);
  }
}

/* NULL: no text at all; "": the empty text. */
static const Case test_lucene[] = {
    {"ab?c", "abc ac", "abbc ", 0},
    {"ab+", "ab abb", "a ", 0},
    {"ab*c", "ac abbbc", "ab", 0},
    {"a{3}", "aaa", "aa aaaa ", 0},
    {"a{2,4}", "aa aaaa", "a aaaaa", 0},
    {"a{2,}", "aa aaaaaa", "a", 0},
    {"abc|xyz", "abc xyz", "abcxyz", 0},
    {"abc(def)?", "abc abcdef", "abcd", 0},
    {"[abc]", "a b c", "d ab", 0},
    {"[a-c\\-]", "b -", "d", 0},
    {"[^abc]", "d - \xc3\xa4 \xf0\x9f\x98\x80", "a b dd", 0},
    {"a~bc", "adc aec ac abbc", "abc adcb", 0},
    {"~(abc)", "ab abcd  x", "abc", 0},
    {"~(.*)", NULL, "a ", 0},
    {"~a~a", "aa b ab  \xc3\xa4", "a", 0},
    {"~\xc3\xa4~\xc3\xa4", "b ", "\xc3\xa4", 0},
    {"foo<1-100>", "foo1 foo01 foo100 foo0099", "foo0 foo101 foo", 0},
    {"foo<01-100>", "foo1 foo0099", "foo0 foo101", 0},
    {"foo<001-100>", "foo001 foo100", "foo1 foo01 foo0001", 0},
    {"foo<100-1>", "foo1", "foo0", 0},
    {"<0-9>", "0 7", "00 10", 0},
    {"<0-10>", "0 00 010 5", "11 ", 0},
    {"<19-230>", "19 20 99 100 199 229 230", "18 231 300", 0},
    {"<5-5>", "5", "4 6 05", 0},
    {"aaa.+&.+bbb", "aaabbb aaaxbbb", "aaa bbb aaxbbb", 0},
    {"aaa.+&#", NULL, "aaa ", 0},
    {"a@", "a abc", "ba", 0},
    {"@&~(abc)", "ab", "abc", 0},
    {"#|abc", "abc", " ab", 0},
    {"#", NULL, " a", 0},
    {"\"a.b\"c", "a.bc", "axbc", 0},
    {"a\\.b", "a.b", "axb", 0},
    {"\\@\\&\\<\\>\\#", "@&<>#", "a", 0},
    {"()", "", "a", 0},
    {"", "", "a", 0},
    {"\\d+", "0 42", "a4 ", 0},
    {"\\D\\w\\W\\S", "a_-x", "1_-x ", 0},
    {"[\\d\\-x]+", "4-x", "y", 0},
    {"ab|cd&cd|ef", "ab cd ef", "cdef", 0},
    {"~a*", "b bb  aa", NULL, 0}, /* (~a)* */
    {"a?b&~(ab)", "b", "ab", 0},
    {".", "a \xc3\xa4 \xe4\xb8\x96 \xf0\x9f\x98\x80", " aa", 0},
    {"h.llo", "hello h\xc3\xa4llo", "hllo heello", 0},
    {"[\xc3\xa0-\xc3\xbf]+", "\xc3\xa4\xc3\xb6", "a \xc3\x80", 0},
    {"stra\xc3\x9f" "e", "stra\xc3\x9f" "e STRA\xe1\xba\x9e" "E", "strasse",
        REGEX_FOLD},
    {"[]]", "]", "[", 0},
    {"a{0}", "", "a", 0},
};

static const Case test_find[] = {
    {"b", "abc b", "ac ", 0},
    {"^b", "bc", "ab", 0},
    {"b$", "ab", "bc", 0},
    {"^$", "", "a", 0},
    {"^abc$", "abc", "abcd xabc", 0},
    {"^a|b$", "ax xb", "xa bx", 0},
    {"(^|x)y", "y xy axy", "ay", 0},
    {"(^a|b){2}c", "abc bbc xbbc", "xabc bc", 0},
    {"x*(^a)", "a", "xa", 0},
    {"a$b", NULL, "ab a", 0},
    {"(?:ab)+c", "abc ababc", "ac", 0},
    {"(?i)ab", "AB aB", "A", 0},
    {"a(?i)b", "aB ab", "Ab", 0},
    {"(a(?i)b)c", "aBc", "aBC", 0},
    {"(?i:a)b", "Ab", "aB", 0},
    {"(?i)a(?-i)b", "Ab", "AB", 0},
    {"(?<name>a)(?P<n>b)", "ab", "a", 0},
    {"a*?b", "b aab", "a", 0},
    {"a.c", "abc", "ac a\nc", 0},
    {"(?s)a.c", "a\nc", "ac", 0},
    {"a[^b]c", "a\nc axc", "abc", 0},
    {"[[:alpha:]]+[[:digit:]]$", "ab1", "1 ab", 0},
    {"[^[:alnum:]_]", "a-b", "a_b", 0},
    {"[]a]b", "]b ab", "b", 0},
    {"[^]a]b", "xb", "]b ab", 0},
    {"[a-]b", "-b ab", "b", 0},
    {"[\\w.-]+@", "a.b-c@", "@", 0},
    {"\\d{3}-\\d{4}", "555-1234 x555-12345", "55-1234", 0},
    {"\\.com$", "a.com", "acom a.comx", 0},
    {"\\x41\\x{1F600}\\u00e4", "A\xf0\x9f\x98\x80\xc3\xa4", "A", 0},
    {"\\t\\n\\r\\f\\v", "\t\n\r\f\v", "t", 0},
    {"a{2", "a{2", "aa", 0},
    {"a{,2}b", "a{,2}b", "aab", 0},
    {"{x}]", "{x}]", "x", 0},
    {"\\Aa\\z", "a", "ab", 0},
    {"^\\pL+$", "a\xc3\xa4\xd0\xb6\xe4\xb8\x96", "1 a1 ", 0},
    {"^\\p{Lu}\\P{Lu}$", "\xc3\x84" "a", "ab", 0},
    {"^[\\p{Nd}x]+$", "1x\xd9\xa3", "a", 0},
    {"(?i)\xd0\xb6\xd0\x96", "\xd0\x96\xd0\xb6", "\xd0\xb7", 0},
    {"(?i)^k$", "K \xe2\x84\xaa k", "x", 0},
    {"(?i)^[^s]$", "x", "S \xc5\xbf s", 0},
    {"^(?i)[\xce\xb1-\xcf\x89]+$", "\xce\xa9\xcf\x82\xce\xa3", "a", 0},
    {"(a|b|)c", "c ac", "d", 0},
    {"a||b", " x", NULL, 0},
    {"", " x", NULL, 0},
    {"(a+|b+)*c", "aabbc c", "ab", 0},
    {"^(([a-z])+.)+[A-Z]([a-z])+$", "aaBb", "aaaaaaaaaaaaaaaaaaaaaaaaaaa", 0},
    {"a\\-b\\/c\\\"", "a-b/c\"", "ab", 0},
};

static const Case test_wild[] = {
    {"a*c", "ac abc a\xc3\xa4xc", "ab", 0},
    {"a?c", "abc a\xe4\xb8\x96" "c", "ac abbc", 0},
    {"a\\*c", "a*c", "abc", 0},
    {"**a**", "a xax", "b ", 0},
    {"*", " x", NULL, 0},
    {"[a].(b)|", "[a].(b)|", "a", 0},
    {"Ab*", "aBx", "b", REGEX_FOLD},
    {"a\\", "a\\", "a", 0},
};

typedef struct Bad { const char *pattern; u32 at; const char *why; } Bad;
static const Bad test_bad_lucene[] = {
    {"a(b", 1, "the ) of this ( is missing"},
    {"ab)c", 2, "the ( of this ) is missing"},
    {"a[bc", 1, "the ] of this [ is missing"},
    {"*a", 0, "nothing stands before the *"},
    {"a|+", 2, "nothing stands before the +"},
    {"a{x}", 1, "a count is like"},
    {"a{3,2}", 1, "out of order"},
    {"a{2", 1, "a count is like"},
    {"a{1000000}", 1, "at most 100000"},
    {"[z-a]", 1, "out of order"},
    {"x<1-a>", 1, "an interval of numbers"},
    {"<name>", 0, "an interval of numbers"},
    {"<1-1234567890123456789>", 0, "more than 18 digits"},
    {"a\"b", 1, "the second \""},
    {"ab\\", 2, "nothing follows the backslash"},
    {"a~", 1, "nothing follows the ~"},
    {"ab\xff", 2, "UTF-8"},
};
static const Bad test_bad_find[] = {
    {"a(b", 1, "the ) of this ( is missing"},
    {"\xc3\xa4)", 2, "the ( of this ) is missing"},
    {"a**", 2, "two counts in a row"},
    {"a++", 1, "possessive"},
    {"*", 0, "nothing stands before"},
    {"(a)\\1", 3, "back-references"},
    {"a(?=b)", 1, "look-around"},
    {"a(?!b)", 1, "look-around"},
    {"(?<=a)b", 0, "look-around"},
    {"(?<!a)b", 0, "look-around"},
    {"(?>a)b", 0, "atomic"},
    {"(?x)a", 2, "unknown flag"},
    {"(?i", 0, "the ) of this ( is missing"},
    {"\\bfoo", 0, "the border of a word"},
    {"a\\q", 1, "unknown escape \\q"},
    {"\\x{110000}", 0, "U+110000 is no character"},
    {"\\ud800", 0, "U+D800 is no character"},
    {"\\xg", 0, "hexadecimal"},
    {"[[:alfa:]]", 1, "unknown class"},
    {"[[.a.]]", 1, "not supported"},
    {"[a-\\d]", 1, "a range ends with a character"},
    {"\\p{Xy}", 0, "no such category"},
    {"\\p{L", 0, "the } of this category is missing"},
    {"\\p", 0, "no such category"},
    {"(?<n", 0, "bad name"},
};
static const Bad test_bad_span[] = {
    {"ab*?", 2, "lazy counts"},
    {"a(b", 1, "the ) of this ( is missing"},
    {"()()()()()()()()()()()()()()()()", 30, "more than 15 groups"},
};

static void testBad(const Bad *b, u32 n, u32 flags) {
  for (u32 i = 0; i < n; i++) {
    char why[REGEX_MESSAGE];
    Budget budget = {0};
    Regex *r;
    u32 at;
    int rc = snRegexNew(&budget, b[i].pattern, strlen(b[i].pattern), flags,
        &r, why, &at);
    bool good = rc && !r && at == b[i].at && strstr(why, b[i].why) &&
        !budget.used;
    testOk(good, b[i].why);
    if (!good) {
      printf("# /%s/: rc %d, at %u: %s\n", b[i].pattern, rc, (unsigned)at,
          rc ? why : "");
    }
    snRegexFree(r);
  }
}

/* ---- 5. patterns made to hurt ------------------------------------------- */

/* How the pattern fares on n bytes "aaa...": 0, 1, or -1 for an error. */
static int testHurt(const char *pattern, u32 flags, const char *unit,
    size_t n) {
  char why[REGEX_MESSAGE];
  char *text = malloc(n + 1);
  Budget budget = {0};
  bool yes = false;
  Regex *r = NULL;
  u32 at;
  int rc;
  for (size_t i = 0; i < n; i++) text[i] = unit[i % strlen(unit)];
  rc = snRegexNew(&budget, pattern, strlen(pattern), flags, &r, why, &at);
  if (!rc) rc = snRegexMatch(r, text, n, &yes);
  snRegexFree(r);
  free(text);
  if (budget.used || budget.peak > 64 << 20) {
    printf("# /%s/ took %lld bytes\n", pattern, (long long)budget.peak);
    return -2;
  }
  return rc ? -1 : yes;
}

static double testSeconds(void) {
  return (double)clock() / CLOCKS_PER_SEC;
}

static void testHostile(void) {
  static const struct {
    const char *pattern, *unit;
    u32 flags;
    int want; /* 9: whatever */
  } hurt[] = {
      {"(a*)*b", "a", REGEX_FIND, 0},
      {"(a+a+)+y", "a", REGEX_FIND, 0},
      {"^(a|aa)*$", "a", REGEX_FIND, 1},
      {"^(a|a|b)*c", "a", REGEX_FIND, 0},
      {"(a{1,30}){1,30}", "a", REGEX_WHOLE, 0},
      {"((a{1,30}){1,30}){1,30}", "a", REGEX_WHOLE, 1},
      {"(((a?b?){1,30}c?){1,30}d?){1,30}", "abcd", REGEX_WHOLE, 9},
      {"((ab|a){1,30}b?){1,30}", "ab", REGEX_WHOLE, 9},
      {".*a.{500}b", "a", REGEX_FIND, 0},
      {"a{1000}", "a", REGEX_FIND, 1},
      {"(.*)(.*)(.*)(.*)(.*)(.*)(.*)(.*)(.*)x", "a", REGEX_FIND, 0},
      {"a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?aaaaaaaaaaaaaaaa", "a", REGEX_FIND,
          1},
      {"~(~(~(a*b)c)d)", "abcd", REGEX_WHOLE, 9},
      {"~(@a@b@c@d@)&~(@d@c@b@a@)&@dcba@", "abdc", REGEX_WHOLE, 9},
      {"(@a@a@a@a@a@)&(@b@b@b@b@)&~(@ab@ba@)", "aab", REGEX_WHOLE, 9},
      {"[ab]*a[ab]{40}c", "aabab", REGEX_FIND, 0},
  };
  char deep[1100];
  for (u32 i = 0; i < SN_COUNT(hurt); i++) {
    double begin = testSeconds();
    int got = testHurt(hurt[i].pattern, hurt[i].flags, hurt[i].unit, 20000);
    double took = testSeconds() - begin;
    testOk((hurt[i].want == 9 ? got >= -1 : got == hurt[i].want) && took < 5,
        hurt[i].pattern);
    printf("# %d after %.3f s\n", got, took);
  }
  for (u32 kind = 0; kind < 3; kind++) {
    memset(deep, kind ? '(' : '~', 990);
    deep[990] = 0;
    if (kind == 2) {
      for (u32 i = 0; i < 240; i++) memcpy(deep + i, "(", 2);
      deep[240] = 'a';
      for (u32 i = 0; i < 240; i++) memcpy(deep + 241 + 2 * i, ")*", 3);
    }
    testOk(testHurt(deep, REGEX_WHOLE, "a", 100) == (kind == 2 ? 1 : -1),
        "nested too deep, and just not");
  }
  memset(deep, 'a', 1001);
  deep[1001] = 0;
  testOk(testHurt(deep, REGEX_WHOLE, "a", 1001) == -1 &&
          testHurt(deep + 1, REGEX_WHOLE, "a", 1000) == 1,
      "a pattern of 1,001 characters, and of 1,000");
}

/* More states than are kept: the 15th byte from the end is an a. */
static void testForget(void) {
  static const char pattern[] = "(a|b)*a(a|b){14}";
  enum { n = 40000 };
  static char text[n];
  char why[REGEX_MESSAGE];
  Budget budget = {0};
  Regex *r;
  u32 at, state, wrong = 0;
  int rc = snRegexNew(&budget, pattern, strlen(pattern), REGEX_WHOLE, &r, why,
      &at);
  for (u32 i = 0; i < n; i++) text[i] = testBelow(2) ? 'a' : 'b';
  for (u32 k = n - 64; k < n && !rc; k++) {
    bool yes;
    rc = snRegexMatch(r, text, k, &yes);
    wrong += yes != (text[k - 15] == 'a');
  }
  testOk(!rc && !wrong, "more states than are kept: a match goes on");
  testOk(budget.peak < 40 << 20, "and stays small");
  state = rc ? 0 : snRegexStart(r);
  for (u32 i = 0; i < n && !rc; i++) {
    state = snRegexStep(r, state, (u8)text[i]);
    if (r->rc) break;
  }
  testOk(!rc && r->rc == SEINE_TOOBIG, "a walk fails there");
  snRegexFree(r);
  testOk(!budget.used, "all is given back");
}

/* ---- 6. random bytes ---------------------------------------------------- */

static void testNoise(void) {
  static const char parts[] = "ab()[]{}*+?|&~.^$\\<>#@\"-,:=!0129idswpxu\n";
  u32 fine = 0, bad = 0, lost = 0;
  for (u32 i = 0; i < (getenv("SEINE_QUICK") ? 20000u : 100000u); i++) {
    char p[40], why[REGEX_MESSAGE];
    u8 text[20];
    u32 n = testBelow(sizeof p), flags = 1u << testBelow(3), at;
    Budget budget = {0};
    Regex *r;
    bool yes;
    for (u32 k = 0; k < n; k++) {
      p[k] = testBelow(40) ? parts[testBelow(sizeof parts)]
                           : (char)testBelow(256);
    }
    for (u32 k = 0; k < sizeof text; k++) {
      text[k] = (u8)(testBelow(2) ? 'a' + testBelow(2) : testBelow(256));
    }
    if (testBelow(8) == 0) flags |= REGEX_FOLD;
    if (snRegexNew(&budget, p, n, flags, &r, why, &at)) {
      bad++;
      lost += at > n || !why[0];
    } else {
      fine++;
      (void)snRegexMatch(r, text, testBelow(sizeof text), &yes);
      snRegexFree(r);
    }
    lost += budget.used != 0;
  }
  testOk(fine > 1000 && bad > 1000 && !lost, "random patterns on random bytes");
}

/* ---- 7. failing allocations --------------------------------------------- */

#ifdef SEINE_TEST
static bool testFaultBody(Budget *b) {
  static const char *const patterns[] = {"(?i)^[\xc3\xa4-\xc3\xbc][^b]{2,}x$",
      "~(ab*c)&(a|<7-1200>){3,9}[^\\d]", "(a|b)*a(a|b){6}"};
  static const u32 flags[] = {REGEX_FIND, REGEX_WHOLE, REGEX_WHOLE};
  char why[REGEX_MESSAGE];
  bool good = true;
  for (u32 i = 0; i < SN_COUNT(patterns) && good; i++) {
    Regex *r;
    u32 at;
    bool yes;
    int rc = snRegexNew(b, patterns[i], strlen(patterns[i]), flags[i], &r,
        why, &at);
    if (!rc) rc = snRegexMatch(r, "aabbabbabababaaab42\xc3\xa4", 21, &yes);
    if (!rc) (void)snRegexNext(r, snRegexStart(r), -1);
    if (!rc) rc = r->rc;
    snRegexFree(r);
    good = !rc;
  }
  if (good) {
    char text[300];
    RegexSpan group[REGEX_GROUPS];
    RegexScan s;
    Regex *r;
    u32 at;
    memset(text, 'a', sizeof text);
    int rc = snRegexNew(b, "^(a)(b|a{1,3})+", 15, REGEX_FIND | REGEX_SPAN, &r,
        why, &at);
    if (!rc) rc = snRegexScan(&s, r, text, sizeof text);
    if (!rc) rc = snRegexScanNext(&s);
    if (!rc) rc = snRegexScanGroups(&s, group);
    snRegexFree(r);
    good = !rc;
  }
  return good;
}

static void testFaults(void) {
  Budget budget = {0};
  bool good = true;
  i64 asked;
  snFaultMem(0, false);
  testOk(testFaultBody(&budget), "fault: none");
  asked = snFaultMemCount();
  testOk(asked > 50, "fault: counted");
  for (i64 n = 1; n <= asked && good; n++) {
    snFaultMem(n, n & 1);
    if (testFaultBody(&budget) || budget.used) {
      printf("# allocation %lld of %lld\n", (long long)n, (long long)asked);
      good = false;
    }
  }
  snFaultMem(0, false);
  testOk(good, "fault: each allocation fails, nothing leaks");
}
#else
static void testFaults(void) {}
#endif

/* ---- 8. scans ------------------------------------------------------------ */

static Regex *spanNew(const char *pattern, size_t n, u32 flags) {
  char why[REGEX_MESSAGE];
  Regex *r;
  u32 at;
  int rc = snRegexNew(NULL, pattern, n, flags | REGEX_SPAN, &r, why, &at);
  if (rc && rc != SEINE_TOOBIG) printf("# /%.*s/: %s\n", (int)n, pattern, why);
  return r;
}

/* The matches of the model's text, by the model's definition. */
static bool spanOne(const Model *m, Regex *r, const char *z, const Buf *text) {
  RegexScan s;
  u32 byte[MODEL_TEXT + 1] = {0}, at = 0;
  for (u32 i = 0; i < model_n; i++) {
    u8 tmp[4];
    byte[i + 1] = byte[i] + snUtfPut(tmp, model_text[i]);
  }
  int rc = snRegexScan(&s, r, text->data, (u32)text->n);
  for (;;) {
    u64 ends = 0;
    u32 from = at;
    while (from < model_n &&
        !(ends = modelEnds(m, from) & ~((2ull << from) - 1))) from++;
    if (!rc) rc = snRegexScanNext(&s);
    if (rc || s.found != (ends != 0)) break;
    if (!s.found) return true;
    at = 63 - (u32)__builtin_clzll(ends);
    if (s.from != byte[from] || s.to != byte[at]) break;
    test_yes++;
  }
  printf("# /%s/ in '%.*s': rc %d, found %d at %u to %u\n", z, (int)text->n,
      (const char *)text->data, rc, s.found, s.from, s.to);
  return false;
}

static void spanModels(void) {
  Buf pattern, text;
  bool good = true;
  snBufInit(&pattern, NULL);
  snBufInit(&text, NULL);
  snBufByte(&text, 0);
  model_lazy = false;
  test_yes = 0;
  for (u32 i = 0; i < (getenv("SEINE_QUICK") ? 3000u : 15000u) && good; i++) {
    model_used = 0;
    Model *m = modelRandom(1 + testBelow(4), true);
    model_flags = REGEX_FIND;
    if (testBelow(4) == 0) model_flags |= REGEX_FOLD;
    if (testBelow(4) == 0) model_flags |= REGEX_DOTALL;
    pattern.n = 0;
    modelPrint(&pattern, m, true);
    const char *z = snBufText(&pattern);
    Regex *r = pattern.n > 900 ? NULL : spanNew(z, pattern.n, model_flags);
    for (u32 k = 0; k < 12 && good && r; k++) {
      modelText(&text);
      good = spanOne(m, r, z, &text);
    }
    snRegexFree(r);
  }
  testOk(good, "scans find what the model says");
  testOk(test_yes > 10000, "and that is something");
  snBufClear(&pattern);
  snBufClear(&text);
}

/* Longer than what tries are kept for: against single matches. */
static bool spanLong(const char *pattern, const char *letters) {
  enum { n = 600 };
  char text[n];
  RegexScan s;
  Regex *r = spanNew(pattern, strlen(pattern), REGEX_FIND), *whole;
  char why[REGEX_MESSAGE];
  u32 at, end = 0, count = 0;
  bool good = r && !snRegexNew(NULL, pattern, strlen(pattern), REGEX_WHOLE,
      &whole, why, &at);
  if (!good) return false;
  for (u32 i = 0; i < n; i++)
    text[i] = letters[testBelow((u32)strlen(letters))];
  good = !snRegexScan(&s, r, text, n);
  for (u32 i = 0; i < n && good; i = SN_MAX(end, i + 1)) {
    bool any = false, yes;
    for (u32 k = i + 1; k <= n && good; k++) {
      good = !snRegexMatch(whole, text + i, k - i, &yes);
      if (!yes) continue;
      any = true;
      end = k;
    }
    if (!any) continue;
    count++;
    good = good && !snRegexScanNext(&s) && s.found && s.from == i &&
        s.to == end;
  }
  good = good && !snRegexScanNext(&s) && !s.found && count;
  snRegexFree(r);
  snRegexFree(whole);
  return good;
}

static const struct SpanCase {
  const char *pattern, *text, *want; /* from-to of each group, - for none */
} span_cases[] = {
  {"(a)(b)", "xab", "1-3 1-2 2-3"},
  {"(a*)(a*)", "aaa", "0-3 0-3 3-3"},
  {"(a+)(a+)", "aaa", "0-3 0-2 2-3"},
  {"(a|b)*c", "abac", "0-4 2-3"},
  {"(a)|(b)", "b", "0-1 - 0-1"},
  {"(a)?b", "b", "0-1 -"},
  {"((a)(b)?)+", "aba", "0-3 2-3 2-3 1-2"},
  {"(?:x(\\d+)y)+", "x1yx22y", "0-7 4-6"},
  {"^(\\w+)@(\\w+\\.com)$", "me@host.com", "0-11 0-2 3-11"},
  {"(^a)(.)", "ab", "0-2 0-1 1-2"},
  {"(a{2,3})(a*)", "aaaa", "0-4 0-3 3-4"},
  {"(a{2}){2}", "aaaaa", "0-4 2-4"},
  {"(.)(.*)", "\xc3\xa9\xc3\xa0", "0-4 0-2 2-4"},
  {"(?<k>a)(?:b)(c$)", "abc", "0-3 0-1 2-3"},
  {"((((a))))", "a", "0-1 0-1 0-1 0-1 0-1"},
  {"()a", "a", "0-1 0-0"},
};

static void spanGroups(void) {
  for (u32 i = 0; i < SN_COUNT(span_cases); i++) {
    const struct SpanCase *c = span_cases + i;
    Regex *r = spanNew(c->pattern, strlen(c->pattern), REGEX_FIND);
    RegexSpan g[REGEX_GROUPS];
    RegexScan s;
    Buf got;
    snBufInit(&got, NULL);
    int rc = snRegexScan(&s, r, c->text, (u32)strlen(c->text));
    if (!rc) rc = snRegexScanNext(&s);
    if (!rc && s.found) rc = snRegexScanGroups(&s, g);
    for (u32 k = 0; !rc && s.found && k <= r->ngroup; k++) {
      if (k) snBufByte(&got, ' ');
      if (g[k].from > g[k].to) snBufByte(&got, '-');
      else snBufPrintf(&got, "%u-%u", g[k].from, g[k].to);
    }
    testOk(!rc && !strcmp(snBufText(&got), c->want), c->pattern);
    if (strcmp(snBufText(&got), c->want)) {
      printf("# got %s, want %s\n", snBufText(&got), c->want);
    }
    snBufClear(&got);
    snRegexFree(r);
  }
}

/* (A)(B)(C): the three tile the match, and the first is as long as a B and a
** C behind it allow. */
static void spanTiles(void) {
  static const char *const parts[] = {"a*", "[ab]+", "b?", "(?:ab|a)+", ".",
      "(?:a|ba){1,3}", "[^a]*", "c|b*a", "a{2,}"};
  u32 bad = 0, seen = 0;
  for (u32 i = 0; i < 400; i++) {
    const char *a = parts[testBelow(SN_COUNT(parts))];
    const char *b = parts[testBelow(SN_COUNT(parts))];
    const char *c = parts[testBelow(SN_COUNT(parts))];
    char pattern[80], whole[80], rest[80], text[12], why[REGEX_MESSAGE];
    RegexSpan g[REGEX_GROUPS];
    RegexScan s;
    Regex *r, *first, *last;
    u32 at;
    snprintf(pattern, sizeof pattern, "(%s)(%s)(%s)", a, b, c);
    snprintf(whole, sizeof whole, "^(?:%s)$", a);
    snprintf(rest, sizeof rest, "^(?:%s)(?:%s)$", b, c);
    r = spanNew(pattern, strlen(pattern), REGEX_FIND);
    (void)snRegexNew(NULL, whole, strlen(whole), REGEX_FIND, &first, why, &at);
    (void)snRegexNew(NULL, rest, strlen(rest), REGEX_FIND, &last, why, &at);
    for (u32 k = 0; k < sizeof text; k++) text[k] = (char)('a' + testBelow(3));
    (void)snRegexScan(&s, r, text, sizeof text);
    while (!snRegexScanNext(&s) && s.found) {
      u32 most = UINT32_MAX;
      for (u32 m = s.from; m <= s.to; m++) {
        bool x, y;
        (void)snRegexMatch(first, text + s.from, m - s.from, &x);
        (void)snRegexMatch(last, text + m, s.to - m, &y);
        if (x && y) most = m;
      }
      bad += snRegexScanGroups(&s, g) != SEINE_OK || g[1].from != s.from ||
          g[1].to != g[2].from || g[2].to != g[3].from || g[3].to != s.to ||
          g[1].to != most;
      seen++;
    }
    snRegexFree(r);
    snRegexFree(first);
    snRegexFree(last);
  }
  testOk(!bad && seen > 500, "groups tile the match, the first one greedily");
}

/* Each takes a time in proportion to the text, or says that it does not. */
static void spanHurt(void) {
  static const char *const patterns[] = {"a*b", "a|a*b", "(a|a)*b", "(a*)*b",
      "(a+)(a+)(a+)(a+)b?", "a{1}|a{5,900}b", "(.*)(.*)(.*)(.*)x?",
      "(a|b)*a(a|b){14}c|a"};
  enum { n = 1 << 20 };
  char *text = malloc(n);
  memset(text, 'a', n);
  for (u32 i = 0; i < SN_COUNT(patterns); i++) {
    Regex *r = spanNew(patterns[i], strlen(patterns[i]), REGEX_FIND);
    RegexSpan g[REGEX_GROUPS];
    RegexScan s, again;
    bool yes = true;
    double begin = testSeconds();
    int rc = snRegexScan(&s, r, text, n);
    while (!rc && !(rc = snRegexScanNext(&s)) && s.found) {
      yes = s.to > s.from;
      rc = snRegexScanGroups(&s, g);
    }
    yes = yes && (!rc || (i >= 5 && rc == SEINE_TOOBIG)) && testSeconds() - begin < 20;
    rc = snRegexScan(&again, r, "aaaab", 5); /* still good */
    if (!rc) rc = snRegexScanNext(&again);
    testOk(yes && !rc && again.found, patterns[i]);
    snRegexFree(r);
  }
  free(text);
}

static void testSpans(void) {
  spanModels();
  testOk(spanLong("a*b", "aaaab"), "long: a*b");
  testOk(spanLong("a|a*b|b", "aaaaaaaaaaaab"), "long: a|a*b|b");
  testOk(spanLong("(ab?){3,7}c?|b{2}", "aaabbc"), "long: counts");
  testOk(spanLong("a(b|c)*d|ab|c", "abcbcbcbcd"), "long: falls back");
  spanGroups();
  spanTiles();
  spanHurt();
}

int main(void) {
  testModels();
  testCases(test_lucene, SN_COUNT(test_lucene), REGEX_WHOLE);
  testCases(test_find, SN_COUNT(test_find), REGEX_FIND);
  testCases(test_wild, SN_COUNT(test_wild), REGEX_WILD);
  testBad(test_bad_lucene, SN_COUNT(test_bad_lucene), REGEX_WHOLE);
  testBad(test_bad_find, SN_COUNT(test_bad_find), REGEX_FIND);
  testHostile();
  testForget();
  testNoise();
  testFaults();
  testBad(test_bad_span, SN_COUNT(test_bad_span), REGEX_FIND | REGEX_SPAN);
  testSpans();
  printf("1..%d\n", test_count);
  return test_failed != 0;
}
