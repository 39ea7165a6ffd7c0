/*
** json_test: the reader of JSON and the writer of its strings, against a
** second reader that is a plain descent through the grammar of RFC 8259.
**   1. tables: texts that are JSON and texts that are not, by themselves
**      and inside of an array and an object; where an error is
**   2. every text over small alphabets: the same answer as the grammar, and
**      the same events when names are guessed
**   3. strings: each \uXXXX, pairs of halves, every byte at every place of
**      a word, each letter as an escape; any bytes written by snBufJson()
**   4. numbers: whole or real, and the value that strtod() reads
**   5. depth: 1,000 levels of both kinds, each closed by the wrong sign
**   6. random documents: events, values and ranges as in the tree they were
**      written from; every cut is refused
**   7. damaged documents: the same answer as the grammar, and events that
**      stay in order
**   8. each allocation of the reader and of the writer fails once
*/
#include "base/base.h"
#include <errno.h>

static int json_no, json_failed;
static u64 json_seed = 0x2545f4914f6cdd1dull;

static void jsonOk(bool good, const char *what) {
  printf("%sok %d - %s\n", good ? "" : "not ", ++json_no, what);
  json_failed += !good;
}

static u64 jsonRoll(void) {
  json_seed ^= json_seed << 13;
  json_seed ^= json_seed >> 7;
  json_seed ^= json_seed << 17;
  return json_seed * 0x9e3779b97f4a7c15ull;
}

static u32 jsonBelow(u32 n) { return (u32)((jsonRoll() >> 32) % n); }

/* Says which text was read in the wrong way, the first few times; false. */
static bool jsonWrong(const char *what, const char *p, size_t n) {
  static u32 said;
  if (said++ > 20) return false;
  printf("# %s: ", what);
  for (size_t i = 0; i < n && i < 200; i++) {
    u8 c = (u8)p[i];
    printf(c >= 0x20 && c < 0x7f ? "%c" : "<%02x>", c);
  }
  printf("\n");
  return false;
}

/* ---- The grammar -------------------------------------------------------- */

/* One function for each rule of RFC 8259, called one by the other. */
typedef struct JsonRule {
  const char *p, *end;
  u32 depth;
} JsonRule;

static int jsonPeek(const JsonRule *r) {
  return r->p < r->end ? (u8)*r->p : -1;
}

static bool jsonTake(JsonRule *r, int c) {
  if (jsonPeek(r) != c) return false;
  r->p++;
  return true;
}

static void jsonRuleBlank(JsonRule *r) {
  while (jsonTake(r, ' ') || jsonTake(r, '\t') || jsonTake(r, '\n') ||
      jsonTake(r, '\r')) {}
}

static bool jsonRuleWord(JsonRule *r, const char *word) {
  for (; *word; word++) {
    if (!jsonTake(r, *word)) return false;
  }
  return true;
}

static u32 jsonRuleDigits(JsonRule *r) {
  u32 n = 0;
  for (; jsonPeek(r) >= '0' && jsonPeek(r) <= '9'; r->p++) n++;
  return n;
}

static bool jsonRuleNumber(JsonRule *r) {
  jsonTake(r, '-');
  if (!jsonTake(r, '0') && !jsonRuleDigits(r)) return false;
  if (jsonTake(r, '.') && !jsonRuleDigits(r)) return false;
  if (!jsonTake(r, 'e') && !jsonTake(r, 'E')) return true;
  if (!jsonTake(r, '+')) jsonTake(r, '-');
  return jsonRuleDigits(r) > 0;
}

static bool jsonRuleHex(JsonRule *r, u32 *v) {
  *v = 0;
  for (u32 i = 0; i < 4; i++, r->p++) {
    const char *digits = "0123456789abcdef0123456789ABCDEF", *at;
    at = jsonPeek(r) > 0 ? strchr(digits, jsonPeek(r)) : NULL;
    if (!at) return false;
    *v = *v * 16 + (u32)(at - digits) % 16;
  }
  return true;
}

/* The table of RFC 3629: what the second byte may be depends on the first. */
static u32 jsonUtf8(const u8 *p, size_t n) {
  static const u8 rows[][4] = {{0x00, 0x7f, 1, 0}, {0xc2, 0xdf, 2, 0},
      {0xe0, 0xe0, 3, 0xa0}, {0xe1, 0xec, 3, 0}, {0xed, 0xed, 3, 0x9f},
      {0xee, 0xef, 3, 0}, {0xf0, 0xf0, 4, 0x90}, {0xf1, 0xf3, 4, 0},
      {0xf4, 0xf4, 4, 0x8f}};
  for (u32 i = 0; i < SN_COUNT(rows); i++) {
    u8 edge = rows[i][3];
    if (p[0] < rows[i][0] || p[0] > rows[i][1]) continue;
    if (n < rows[i][2]) return 0;
    for (u32 k = 1; k < rows[i][2]; k++) {
      if (p[k] < 0x80 || p[k] > 0xbf) return 0;
    }
    if ((edge == 0xa0 || edge == 0x90) && p[1] < edge) return 0;
    if ((edge == 0x9f || edge == 0x8f) && p[1] > edge) return 0;
    return rows[i][2];
  }
  return 0;
}

static bool jsonRuleString(JsonRule *r) {
  u32 v, len;
  if (!jsonTake(r, '"')) return false;
  while (!jsonTake(r, '"')) {
    if (jsonPeek(r) < 0x20) return false; /* the end, too */
    if (!jsonTake(r, '\\')) {
      len = jsonUtf8((const u8 *)r->p, (size_t)(r->end - r->p));
      if (!len) return false;
      r->p += len;
    } else if (!jsonTake(r, 'u')) {
      if (jsonPeek(r) <= 0 || !strchr("\"\\/bfnrt", jsonPeek(r))) return false;
      r->p++;
    } else {
      if (!jsonRuleHex(r, &v) || (v >> 10) == 0xdc00 >> 10) return false;
      if ((v >> 10) != 0xd800 >> 10) continue;
      if (!jsonRuleWord(r, "\\u") || !jsonRuleHex(r, &v)) return false;
      if ((v >> 10) != 0xdc00 >> 10) return false;
    }
  }
  return true;
}

static bool jsonRuleValue(JsonRule *r);

static bool jsonRuleMember(JsonRule *r, bool object) {
  if (!object) return jsonRuleValue(r);
  jsonRuleBlank(r);
  if (!jsonRuleString(r)) return false;
  jsonRuleBlank(r);
  return jsonTake(r, ':') && jsonRuleValue(r);
}

static bool jsonRuleBoth(JsonRule *r, bool object) {
  if (r->depth++ >= 1000) return false;
  jsonRuleBlank(r);
  if (!jsonTake(r, object ? '}' : ']')) {
    do {
      if (!jsonRuleMember(r, object)) return false;
    } while (jsonTake(r, ','));
    if (!jsonTake(r, object ? '}' : ']')) return false;
  }
  r->depth--;
  return true;
}

/* A value with the blanks around it. */
static bool jsonRuleValue(JsonRule *r) {
  bool good;
  jsonRuleBlank(r);
  switch (jsonPeek(r)) {
    case '{': r->p++; good = jsonRuleBoth(r, true); break;
    case '[': r->p++; good = jsonRuleBoth(r, false); break;
    case '"': good = jsonRuleString(r); break;
    case 'n': good = jsonRuleWord(r, "null"); break;
    case 't': good = jsonRuleWord(r, "true"); break;
    case 'f': good = jsonRuleWord(r, "false"); break;
    default: good = jsonRuleNumber(r);
  }
  jsonRuleBlank(r);
  return good;
}

static bool jsonGrammar(const char *p, size_t n) {
  JsonRule r = {p, p + n, 0};
  return jsonRuleValue(&r) && r.p == r.end;
}

/* ---- The reader, looked at from outside --------------------------------- */

static bool json_sane = true;

/* Whether event e may come: names and values take turns in an object, and
** what opens is closed by its own sign. */
static bool jsonMayCome(JsonEvent e, char *kinds, u32 *depth, bool *named) {
  bool object = *depth && kinds[*depth - 1] == '{';
  if (e == JSON_OBJECT_END || e == JSON_ARRAY_END) {
    if (!*depth || object != (e == JSON_OBJECT_END) || *named) return false;
    --*depth;
    return true;
  }
  if (e == JSON_KEY ? !object || *named : object && !*named) return false;
  *named = e == JSON_KEY;
  if (e == JSON_OBJECT || e == JSON_ARRAY) {
    if (*depth >= 1000) return false;
    kinds[(*depth)++] = e == JSON_OBJECT ? '{' : '[';
  }
  return true;
}

/* Reads all of it; true when it was JSON.  What no text may do to a reader
** clears json_sane. */
static bool jsonRun(const char *p, size_t n, bool check_only) {
  Json j;
  JsonEvent e;
  char kinds[1000];
  u32 depth = 0, sum = 0;
  bool named = false, good = true;
  snJsonInit(&j, p, n, NULL);
  j.check_only = check_only;
  while ((e = snJsonNext(&j)) != JSON_END && e != JSON_ERROR) {
    good = good && jsonMayCome(e, kinds, &depth, &named) && j.depth == depth;
    good = good && j.raw_from <= j.raw_to && j.raw_to <= n;
    if (e != JSON_KEY && (e < JSON_INT || e > JSON_STRING)) continue;
    for (size_t i = 0; i < j.len; i++) sum += (u8)j.text[i]; /* readable */
  }
  if (e == JSON_END) good = good && !depth && snJsonNext(&j) == JSON_END;
  else good = good && j.error && *j.error && j.raw_from <= n &&
      snJsonNext(&j) == JSON_ERROR && snJsonNext(&j) == JSON_ERROR;
  snJsonClear(&j);
  if (!good || sum == UINT32_MAX) json_sane = jsonWrong("events", p, n);
  return e == JSON_END;
}

/* The three ways to read a text agree with `want`. */
static bool jsonAgrees(const char *p, size_t n, bool want) {
  bool good = jsonRun(p, n, false) == want && jsonRun(p, n, true) == want &&
      snJsonValid(p, n, NULL) == want;
  return good || jsonWrong(want ? "refused" : "accepted", p, n);
}

/* In memory of the exact size, so that a byte too far is seen. */
static bool jsonAgreesExact(const char *text, size_t n, bool want) {
  char *p = malloc(n ? n : 1);
  bool good;
  if (!p) exit(2);
  if (n) memcpy(p, text, n);
  good = jsonAgrees(p, n, want);
  free(p);
  return good;
}

/* ---- 1. tables ---------------------------------------------------------- */

/* Values: JSON wherever a value may stand, or nowhere. */
static const char *const json_good[] = {"null", "true", "false", "0", "-0",
    "1", "-1", "10", "0.0", "-0.0", "0e0", "0E+00", "1e1", "1E1", "1e+1",
    "1e-1", "1.0e01", "123456789012345678901234567890", "1e999", "1e-999",
    "0.000000000000000000000000000000000001", "\"\"", "\" \"", "\"a\"", "[]",
    "{}", "[ ]", "{ }", "[\n]", "{\r\t}", "[0]", "[[]]", "[[],[]]", "[{}]",
    "{\"\":0}", "{\"a\":{}}", "{\"a\":1,\"a\":2}", "{\"a\":[{\"b\":[]}]}",
    "[null,true,false,0,\"\",[],{}]", "\"/\"", "\"\\/\"", "\"\\\"\"",
    "\"\\\\\"", "\"\\b\\f\\n\\r\\t\"", "\"\\u0000\"", "\"\\u001f\"",
    "\"\\uFFFF\"", "\"\\uabCD\"", "\"\\ud800\\udc00\"", "\"\\uDBFF\\uDFFF\"",
    "\"\x7f\"", "\"'\"", "\"\\\\u0000\"", "\"\xc2\x80\"", "\"\xdf\xbf\"",
    "\"\xe0\xa0\x80\"", "\"\xed\x9f\xbf\"", "\"\xee\x80\x80\"",
    "\"\xef\xbb\xbf\"", "\"\xef\xbf\xbf\"", "\"\xf0\x90\x80\x80\"",
    "\"\xf4\x8f\xbf\xbf\"", "\"// no comment /* */\"", "\"{[,:]}\"",
    "{\"\\u0061\":\"\\u0062\"}", "{\"\xc3\xa4\" : \"\xe2\x82\xac\"}"};

static const char *const json_bad[] = {"", " ", "\t\n", "nul", "nulll",
    "Null", "NULL", "TRUE", "fals", "truefalse", "undefined", "NaN", "nan",
    "Infinity", "-Infinity", "inf", "00", "01", "-01", "-", "+", "+0", "--1",
    "-+1", "1-", "1+", ".", ".0", "0.", "-.5", "1.e1", "1..0", "1.0.0", "1e",
    "1E", "1e+", "1e-", "1e+-1", "1e1.0", "1ee1", "e1", "0x0", "0b1", "1f",
    "1_000", "1 000", "0 .0", "1 e1", "- 1", "[", "]", "{", "}", "[}", "{]",
    "[,]", "[0,]", "[,0]", "[0,,0]", "[0 0]", "[0", "[0,", "[[]", "[]]",
    "{,}", "{\"a\"}", "{\"a\":}", "{\"a\":0,}", "{:0}", "{\"a\":0:0}",
    "{\"a\",0}", "{\"a\"=0}", "{\"a\":0 \"b\":0}", "{\"a\":0", "{\"a\":",
    "{\"a\"", "{\"a", "{a:0}", "{'a':0}", "{0:0}", "{null:0}", "{[]:0}",
    "{\"a\":0,,\"b\":0}", "{\"a\":0;\"b\":0}", "[0;0]", "(0)", "'a'", "\"",
    "\"a", "a\"", "\"a\"b\"", "\"\\\"", "\"\\", "\"\\a\"", "\"\\v\"",
    "\"\\0\"", "\"\\'\"", "\"\\x41\"", "\"\\U0041\"", "\"\\ n\"", "\"\\N\"",
    "\"\\u\"", "\"\\u0\"", "\"\\u00\"", "\"\\u000\"", "\"\\u00g0\"",
    "\"\\u-001\"", "\"\\u 041\"", "\"\\u{41}\"", "\"\\ud800\"",
    "\"\\udbffx\"", "\"\\udc00\"", "\"\\udfff\\ud800\"", "\"\\ud800\\n\"",
    "\"\\ud800\\ud800\"", "\"\\ud800\\ue000\"", "\"\\ud800\\udbff\"",
    "\"\\ud800udc00\"", "\"\\ud800\\u\"", "\"\\ud800\\udc0\"", "\"\n\"",
    "\"\t\"", "\"\x01\"", "\"\x1f\"", "\"\x80\"", "\"\xbf\"", "\"\xc2\"",
    "\"\xc0\x80\"", "\"\xc1\xbf\"", "\"\xe0\x9f\xbf\"", "\"\xe2\x82\"",
    "\"\xed\xa0\x80\"", "\"\xed\xbf\xbf\"", "\"\xf0\x8f\xbf\xbf\"",
    "\"\xf4\x90\x80\x80\"", "\"\xf5\x80\x80\x80\"", "\"\xff\"",
    "\xef\xbb\xbf" "0", "\xc2\xa0" "0", "\v0", "\f0", "0\v", "// c\n0",
    "/* c */0", "0 // c", "#0", "0;", "{\"a\nb\":0}", "{\"\\x\":0}",
    "{\"\xff\":0}", "{\"a\"\f:0}"};

/* JSON or not as a whole text only. */
static const struct JsonWhole {
  const char *text;
  u32 n;
  bool good;
  u32 at; /* of the error */
} json_whole[] = {{"0,0", 3, false, 1}, {"0 0", 3, false, 2},
    {"[] []", 5, false, 3}, {"[],", 3, false, 2}, {"0\0", 2, false, 1},
    {"\0", 1, false, 0}, {"\"\0\"", 3, false, 1}, {"[\0]", 3, false, 1},
    {"\"a\\\0\"", 5, false, 2}, {" \t\r\n0\n\r\t ", 9, true, 0},
    {"[1 2]", 5, false, 3}, {"{\"a\":1,}", 8, false, 7},
    {"{\"a\" 1}", 7, false, 5}, {"[1,2", 4, false, 4},
    {"[true,fals]", 11, false, 6}, {"[1.x]", 5, false, 3},
    {"[1,}", 4, false, 3}, {"[\"ab\x01\"]", 7, false, 4},
    {"[\"abcdefghij\xff\"]", 15, false, 12}};

static void jsonTestTables(void) {
  static const char *const around[][2] = {{"", ""}, {" ", "\n"}, {"[", "]"},
      {"[0,", ",0]"}, {"{\"k\":", "}"}, {"[ {\"k\" : ", " } ]"}};
  char text[200];
  bool good = true, bad = true, whole = true, place = true;
  for (u32 k = 0; k < SN_COUNT(around); k++) {
    for (u32 i = 0; i < SN_COUNT(json_good); i++) {
      u32 n = (u32)snprintf(text, sizeof text, "%s%s%s", around[k][0],
          json_good[i], around[k][1]);
      good = jsonAgreesExact(text, n, true) && jsonGrammar(text, n) && good;
    }
    for (u32 i = 0; i < SN_COUNT(json_bad); i++) {
      u32 n = (u32)snprintf(text, sizeof text, "%s%s%s", around[k][0],
          json_bad[i], around[k][1]);
      if (!json_bad[i][strspn(json_bad[i], " \t\n")] && k == 2) continue;
      bad = jsonAgreesExact(text, n, false) && !jsonGrammar(text, n) && bad;
    }
  }
  jsonOk(good, "tables: JSON");
  jsonOk(bad, "tables: no JSON");
  for (u32 i = 0; i < SN_COUNT(json_whole); i++) {
    const struct JsonWhole *w = &json_whole[i];
    Json j;
    JsonEvent e;
    whole = jsonAgreesExact(w->text, w->n, w->good) && whole;
    snJsonInit(&j, w->text, w->n, NULL);
    do e = snJsonNext(&j);
    while (e != JSON_END && e != JSON_ERROR);
    if (!w->good && j.raw_from != w->at) {
      place = jsonWrong("place of the error", w->text, w->n);
    }
    snJsonClear(&j);
  }
  jsonOk(whole && !snJsonValid(NULL, 0, NULL), "tables: texts as a whole");
  jsonOk(place, "tables: an error tells its place");
}

/* ---- 2. every text ------------------------------------------------------ */

/* Reads with a guess before each event: a name that it passes over is the
** one that comes, and it passes over just those that stand as they are. */
static bool jsonGuesses(const char *p, size_t n, const char *key) {
  Json j, k;
  JsonEvent e;
  bool good = true;
  snJsonInit(&j, p, n, NULL);
  snJsonInit(&k, p, n, NULL);
  do {
    bool hit = snJsonIsKey(&k, key, 1);
    e = snJsonNext(&j);
    if (hit != (e == JSON_KEY && j.len == 1 && *j.text == *key &&
        j.raw_to - j.raw_from == 3)) {
      good = false;
    } else if (!hit) {
      good = snJsonNext(&k) == e && k.raw_from == j.raw_from;
    }
    good = good && k.p == j.p && k.depth == j.depth;
  } while (good && e != JSON_END && e != JSON_ERROR);
  snJsonClear(&j);
  snJsonClear(&k);
  return good;
}

/* All texts of up to `most` letters behind the head. */
static void jsonTestEvery(const char *head, const char *letters, u32 most) {
  u32 base = (u32)strlen(letters), before = (u32)strlen(head), yes = 0;
  char text[40], name[80];
  bool good = true;
  memcpy(text, head, before);
  for (u32 n = 0; n <= most; n++) {
    u32 all = 1;
    for (u32 i = 0; i < n; i++) all *= base;
    for (u32 k = 0; k < all && good; k++) {
      u32 rest = k;
      bool want;
      for (u32 i = 0; i < n; i++, rest /= base) {
        text[before + i] = letters[rest % base];
      }
      want = jsonGrammar(text, before + n);
      yes += want;
      good = snJsonValid(text, before + n, NULL) == want &&
          jsonRun(text, before + n, false) == want &&
          jsonGuesses(text, before + n, "1") &&
          jsonGuesses(text, before + n, "a");
      if (!good) jsonWrong(want ? "refused" : "accepted", text, before + n);
    }
  }
  snprintf(name, sizeof name, "every text: up to %u of %u letters behind '%s'",
      most, base, head);
  jsonOk(good && yes > 100, name);
}

/* ---- 3. strings --------------------------------------------------------- */

/* Reads a string; true when it is the text, or when both are nothing. */
static bool jsonReads(const char *p, size_t n, const u8 *want, size_t len) {
  Json j;
  JsonEvent e;
  bool good;
  snJsonInit(&j, p, n, NULL);
  e = snJsonNext(&j);
  if (!want) good = e == JSON_ERROR;
  else good = e == JSON_STRING && j.len == len &&
      (!len || !memcmp(j.text, want, len)) && snJsonNext(&j) == JSON_END;
  snJsonClear(&j);
  return good || jsonWrong("string", p, n);
}

/* UTF-8 by the table of the standard: 6 bits a byte, from the end. */
static u32 jsonPut(u8 *p, u32 c) {
  u32 n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
  static const u8 first[5] = {0, 0, 0xc0, 0xe0, 0xf0};
  for (u32 i = n; i-- > 1; c >>= 6) p[i] = (u8)(0x80 | (c & 0x3f));
  p[0] = (u8)(first[n] | c);
  return n;
}

static void jsonTestUnits(void) {
  static const u32 edges[] = {0xd7ff, 0xd800, 0xd801, 0xda55, 0xdbff, 0xdc00,
      0xdc01, 0xdeaa, 0xdfff, 0xe000, 0x0041};
  char text[40];
  u8 want[12];
  bool good = true, pairs = true;
  for (u32 c = 0; c < 0x10000 && good; c++) {
    bool half = c >= 0xd800 && c < 0xe000;
    u32 n = (u32)snprintf(text, sizeof text,
        c & 1 ? "\"x\\u%04xy\"" : "\"x\\u%04Xy\"", c);
    u32 len = 1 + jsonPut(want + 1, c);
    want[0] = 'x';
    want[len++] = 'y';
    good = jsonReads(text, n, half ? NULL : want, len);
  }
  jsonOk(good, "strings: each \\uXXXX");
  for (u32 i = 0; i < SN_COUNT(edges); i++) {
    for (u32 k = 0; k < SN_COUNT(edges); k++) {
      u32 a = edges[i], b = edges[k], len = 0;
      bool high = a >= 0xd800 && a < 0xdc00, low = b >= 0xdc00 && b < 0xe000;
      bool lone = (a >= 0xdc00 && a < 0xe000) || (b >= 0xd800 && b < 0xdc00);
      u32 n = (u32)snprintf(text, sizeof text, "\"\\u%04x\\u%04X\"", a, b);
      if (high && low) {
        len = jsonPut(want, 0x10000 + (a - 0xd800) * 0x400 + b - 0xdc00);
      } else {
        len = jsonPut(want, a);
        len += jsonPut(want + len, b);
      }
      lone = lone || high != low;
      pairs = jsonReads(text, n, lone ? NULL : want, len) && pairs;
    }
  }
  jsonOk(pairs, "strings: pairs of halves");
}

/* Byte c at every place of strings of every length around the eight bytes
** that a reader may take at once; before it, one that differs by little. */
static void jsonTestBytes(void) {
  static const char escapes[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
  bool good = true, letters = true;
  char text[40];
  for (u32 c = 0; c < 256 && good; c++) {
    for (u32 n = 1; n <= 18 && good; n++) {
      for (u32 at = 0; at < n && good; at++) {
        memset(text, c % 3 ? '!' : '#', n + 2);
        text[0] = text[n + 1] = '"';
        text[1 + at] = (char)c;
        good = jsonAgreesExact(text, n + 2, jsonGrammar(text, n + 2));
      }
    }
  }
  jsonOk(good, "strings: every byte at every place");
  for (u32 c = 0; c < 256; c++) {
    const char *at = c ? strchr(escapes, (int)c) : NULL;
    u8 want[12] = "1234567";
    if (c == 'u') continue;
    memcpy(text, "\"1234567\\?89\"", 13);
    text[9] = (char)c;
    if (at) want[7] = (u8)meant[at - escapes];
    memcpy(want + 8, "89", 2);
    letters = jsonReads(text, 13, at ? want : NULL, 10) && letters;
  }
  jsonOk(letters, "strings: each letter behind a backslash");
}

/* Any bytes are written as JSON, and come back but for bytes that are no
** UTF-8: each of these is one U+FFFD. */
static void jsonTestWriter(void) {
  static const u8 kinds[] = {0, 0x1f, '"', '\\', '/', 0x7f, 0x80, 0xbf, 0xc2,
      0xe2, 0x82, 0xac, 0xed, 0xa0, 0xf0, 0x9f, 0x98, 0x80, 0xff, '\n'};
  bool good = true;
  for (u32 k = 0; k < 60000 && good; k++) {
    u8 in[40], want[120];
    u32 n = jsonBelow(40), len = 0, i, step;
    Buf b;
    for (i = 0; i < n; i++) {
      in[i] = jsonBelow(3) ? kinds[jsonBelow(sizeof kinds)]
                           : (u8)jsonBelow(256);
    }
    for (i = 0; i < n; i += SN_MAX(step, 1)) {
      step = jsonUtf8(in + i, n - i);
      memcpy(want + len, step ? in + i : (const u8 *)"\xef\xbf\xbd",
          step ? step : 3);
      len += step ? step : 3;
    }
    snBufInit(&b, NULL);
    snBufJson(&b, (const char *)in, n);
    good = !b.rc && jsonGrammar((const char *)b.data, b.n) &&
        jsonReads((const char *)b.data, b.n, want, len);
    for (i = 0; i < b.n; i++) good = good && b.data[i] >= 0x20;
    snBufClear(&b);
  }
  jsonOk(good, "strings: any bytes written and read");
}

/* ---- 4. numbers --------------------------------------------------------- */

static u32 jsonDigits(char *p, u32 n) {
  for (u32 i = 0; i < n; i++) p[i] = (char)('0' + jsonBelow(10));
  return n;
}

/* Whole when it is written without point and exponent and fits 64 bits. */
static bool jsonNumberIs(const char *text, size_t n) {
  Json j;
  JsonEvent e;
  char *end;
  double d = strtod(text, &end);
  i64 i;
  bool good;
  errno = 0;
  i = strtoll(text, NULL, 10);
  snJsonInit(&j, text, n, NULL);
  e = snJsonNext(&j);
  good = end == text + n && j.text == text && j.len == n && !j.raw_from &&
      j.raw_to == n;
  if (strpbrk(text, ".eE") || errno) {
    good = good && e == JSON_REAL && !memcmp(&j.d, &d, sizeof d);
  } else {
    good = good && e == JSON_INT && j.i == i && j.d == (double)i;
  }
  snJsonClear(&j);
  return good || jsonWrong("number", text, n);
}

static void jsonTestNumbers(void) {
  static const char *const edges[] = {"9223372036854775807",
      "9223372036854775808", "-9223372036854775808", "-9223372036854775809",
      "9999999999999999999", "10000000000000000000", "18446744073709551615",
      "18446744073709551616", "18446744073709551617", "-18446744073709551616",
      "27670116110564327424", "-36893488147419103233", "0", "-0", "-0.0",
      "-0e5", "9007199254740993", "9007199254740993.0", "999999999999999.0",
      "0.999999999999999", "9999999999999999.9", "1e22", "1e23", "1e308",
      "1.7976931348623157e308", "1.7976931348623159e308", "-1e309", "5e-324",
      "2e-324", "2.2250738585072011e-308", "1e99999999999999999999",
      "1e-99999999999999999999", "0e99999999999999999999",
      "0.1", "0.30000000000000004", "123456789.123456789", "1E+0000000002",
      "123456789012345.1", "12345678901234.12", "0.000000000000001"};
  char text[120];
  bool good = true, many = true;
  for (u32 i = 0; i < SN_COUNT(edges); i++) {
    good = jsonNumberIs(edges[i], strlen(edges[i])) && good;
  }
  jsonOk(good, "numbers: limits");
  for (u32 k = 0; k < 150000 && many; k++) {
    u32 n = 0;
    if (!jsonBelow(2)) text[n++] = '-';
    if (!jsonBelow(4)) {
      text[n++] = '0';
    } else {
      text[n++] = (char)('1' + jsonBelow(9));
      n += jsonDigits(text + n, jsonBelow(jsonBelow(4) ? 20 : 40));
    }
    if (!jsonBelow(2)) {
      text[n++] = '.';
      n += jsonDigits(text + n, 1 + jsonBelow(jsonBelow(4) ? 9 : 30));
    }
    if (!jsonBelow(3)) {
      text[n++] = "eE"[jsonBelow(2)];
      if (jsonBelow(3)) text[n++] = "+-"[jsonBelow(2)];
      n += jsonDigits(text + n, 1 + jsonBelow(3));
    }
    text[n] = 0;
    many = jsonNumberIs(text, n);
  }
  jsonOk(many, "numbers: random ones");
}

/* ---- 5. depth ----------------------------------------------------------- */

/* A number in containers, and where each of them opens and closes. */
static u32 jsonNest(char *text, const bool *object, u32 levels, u32 *opens,
    u32 *closes) {
  u32 n = 0;
  for (u32 i = 0; i < levels; i++) {
    opens[i] = n;
    text[n++] = object[i] ? '{' : '[';
    if (object[i]) memcpy(text + n, "\"\":", 3), n += 3;
  }
  text[n++] = '7';
  for (u32 i = levels; i-- > 0;) {
    closes[i] = n;
    text[n++] = object[i] ? '}' : ']';
  }
  return n;
}

static void jsonTestDepth(void) {
  bool object[1002], good = true, wrong = true, skip = true;
  char text[6000];
  u32 opens[1002], closes[1002], n, i;
  for (u32 k = 0; k < 6; k++) {
    for (i = 0; i < 1002; i++) object[i] = k < 2 ? k : jsonBelow(2);
    for (u32 levels = 998; levels <= 1002; levels++) {
      n = jsonNest(text, object, levels, opens, closes);
      good = jsonAgreesExact(text, n, levels <= 1000) && good;
    }
    n = jsonNest(text, object, 1000, opens, closes);
    for (i = k % 7; i < 1000; i += 7) { /* '[' ^ '{' is ']' ^ '}' */
      text[closes[i]] = (char)(text[closes[i]] ^ ('[' ^ '{'));
      wrong = wrong && !snJsonValid(text, n, NULL) && !jsonRun(text, n, false);
      text[closes[i]] = (char)(text[closes[i]] ^ ('[' ^ '{'));
    }
    for (u32 to = 1; to <= 1000; to += 37) {
      Json j;
      u32 open = 0;
      snJsonInit(&j, text, n, NULL);
      while (open < to) open += snJsonNext(&j) != JSON_KEY;
      skip = skip && j.depth == to && snJsonSkip(&j) && j.depth == to - 1;
      skip = skip && j.raw_from == opens[to - 1];
      skip = skip && j.raw_to == closes[to - 1] + 1u;
      while (skip && --open > 0) {
        skip = snJsonNext(&j) ==
            (object[open - 1] ? JSON_OBJECT_END : JSON_ARRAY_END);
      }
      skip = skip && snJsonNext(&j) == JSON_END;
      snJsonClear(&j);
    }
  }
  jsonOk(good, "depth: 1,000 levels and no more");
  jsonOk(wrong, "depth: closed by the wrong sign");
  jsonOk(skip, "depth: skipped from any level");
  n = 0;
  text[n++] = '[';
  for (i = 0; i < 1900; i++) memcpy(text + n, i & 1 ? "[]," : "{},", 3), n += 3;
  text[n - 1] = ']';
  jsonOk(snJsonValid(text, n, NULL) && jsonRun(text, n, false),
      "depth: neighbours are no depth");
}

/* ---- 6. random documents ------------------------------------------------ */

typedef struct JsonNode {
  JsonEvent kind; /* as it begins */
  const u8 *name, *text;
  u32 name_len, len;
  i64 i;
  double d;
  size_t from, to, name_from, name_to; /* in the source */
  struct JsonNode *child, *next;
} JsonNode;

/* The tree and its source grow together. */
typedef struct JsonMaker {
  Arena nodes;
  Buf source;
} JsonMaker;

static void jsonMakeBlank(JsonMaker *m) {
  while (!jsonBelow(5)) snBufByte(&m->source, (u8)" \t\n\r"[jsonBelow(4)]);
}

/* One code point in one of the ways it may be written. */
static void jsonMakePoint(JsonMaker *m, u32 c) {
  static const char letters[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
  const char *at = c && c < 0x80 ? strchr(meant, (int)c) : NULL;
  const char *form = jsonBelow(2) ? "\\u%04x" : "\\u%04X";
  u8 raw[4];
  u32 how = jsonBelow(6);
  if (at && how < 3) {
    snBufByte(&m->source, '\\');
    snBufByte(&m->source, (u8)letters[at - meant]);
  } else if (how && c >= 0x20 && c != '"' && c != '\\') {
    snBufAdd(&m->source, raw, jsonPut(raw, c));
  } else {
    char text[16];
    if (c >= 0x10000) {
      snprintf(text, sizeof text, form, 0xd800 + ((c - 0x10000) >> 10));
      snBufStr(&m->source, text);
      c = 0xdc00 + ((c - 0x10000) & 0x3ff);
    }
    snprintf(text, sizeof text, form, c);
    snBufStr(&m->source, text);
  }
}

static u32 jsonSomePoint(void) {
  static const u32 tops[] = {0x20, 0x80, 0x80, 0x80, 0x800, 0x10000, 0x110000};
  u32 c = jsonBelow(tops[jsonBelow(SN_COUNT(tops))]);
  return c >= 0xd800 && c < 0xe000 ? 0xfffd : c;
}

/* A string: its bytes, and its source by this file or by snBufJson(). */
static const u8 *jsonMakeString(JsonMaker *m, u32 *len) {
  u32 n = jsonBelow(jsonBelow(6) ? 9 : 60), points[60];
  u8 *p = snArenaBytes(&m->nodes, n * 4 + 1);
  bool ascii = jsonBelow(2);
  if (!p) exit(2);
  *len = 0;
  for (u32 i = 0; i < n; i++) {
    points[i] = ascii ? 0x20 + jsonBelow(0x5f) : jsonSomePoint();
    *len += jsonPut(p + *len, points[i]);
  }
  if (jsonBelow(3) == 0) {
    snBufJson(&m->source, (const char *)p, *len);
    return p;
  }
  snBufByte(&m->source, '"');
  for (u32 i = 0; i < n; i++) jsonMakePoint(m, points[i]);
  snBufByte(&m->source, '"');
  return p;
}

static void jsonMakeNumber(JsonMaker *m, JsonNode *n) {
  u64 bits = jsonRoll();
  char text[40];
  n->i = (i64)bits >> jsonBelow(64);
  if (n->kind == JSON_INT) {
    snNumIntText(n->i, text);
  } else {
    memcpy(&n->d, &bits, sizeof bits);
    if (!isfinite(n->d) || jsonBelow(2)) n->d = (double)n->i / 1000;
    if (jsonBelow(2)) snNumRealText(n->d, text);
    else snprintf(text, sizeof text, "%.17e", n->d);
  }
  snBufStr(&m->source, text);
}

static JsonNode *jsonMake(JsonMaker *m, u32 depth);

static void jsonMakeChildren(JsonMaker *m, JsonNode *n, u32 depth) {
  JsonNode **link = &n->child;
  bool object = n->kind == JSON_OBJECT;
  u32 count = jsonBelow(6);
  snBufByte(&m->source, object ? '{' : '[');
  for (u32 i = 0; i < count; i++) {
    JsonNode name = {0};
    if (i) snBufByte(&m->source, ',');
    jsonMakeBlank(m);
    if (object) {
      name.name_from = m->source.n;
      name.name = jsonMakeString(m, &name.name_len);
      name.name_to = m->source.n;
      jsonMakeBlank(m);
      snBufByte(&m->source, ':');
      jsonMakeBlank(m);
    }
    *link = jsonMake(m, depth + 1);
    (*link)->name = name.name;
    (*link)->name_len = name.name_len;
    (*link)->name_from = name.name_from;
    (*link)->name_to = name.name_to;
    link = &(*link)->next;
    jsonMakeBlank(m);
  }
  if (!count) jsonMakeBlank(m);
  snBufByte(&m->source, object ? '}' : ']');
}

static JsonNode *jsonMake(JsonMaker *m, u32 depth) {
  static const JsonEvent kinds[] = {JSON_NULL, JSON_TRUE, JSON_FALSE,
      JSON_INT, JSON_REAL, JSON_STRING, JSON_OBJECT, JSON_ARRAY, JSON_OBJECT};
  JsonNode *n = snArenaZero(&m->nodes, sizeof *n);
  if (!n) exit(2);
  n->kind = kinds[depth ? jsonBelow(depth < 7 ? 9 : 6) : 6 + jsonBelow(2)];
  n->from = m->source.n;
  switch (n->kind) {
    case JSON_NULL: snBufStr(&m->source, "null"); break;
    case JSON_TRUE: snBufStr(&m->source, "true"); break;
    case JSON_FALSE: snBufStr(&m->source, "false"); break;
    case JSON_STRING: n->text = jsonMakeString(m, &n->len); break;
    case JSON_OBJECT: case JSON_ARRAY: jsonMakeChildren(m, n, depth); break;
    default: jsonMakeNumber(m, n);
  }
  n->to = m->source.n;
  return n;
}

/* A string or name just read: its bytes, or its source when only checked. */
static bool jsonTextIs(const Json *j, const u8 *text, u32 len, size_t from,
    size_t to) {
  if (j->check_only) {
    return j->text == j->start + from + 1 && j->len == to - from - 2;
  }
  return j->len == len && (!len || !memcmp(j->text, text, len));
}

static bool jsonIs(Json *j, const JsonNode *n);

static bool jsonChildrenAre(Json *j, const JsonNode *n) {
  bool object = n->kind == JSON_OBJECT;
  if (!jsonBelow(5)) {
    return snJsonSkip(j) && j->raw_from == n->from && j->raw_to == n->to;
  }
  for (const JsonNode *c = n->child; c; c = c->next) {
    if (object && (snJsonNext(j) != JSON_KEY ||
        !jsonTextIs(j, c->name, c->name_len, c->name_from, c->name_to))) {
      return false;
    }
    if (!jsonIs(j, c)) return false;
  }
  return snJsonNext(j) == (object ? JSON_OBJECT_END : JSON_ARRAY_END);
}

static bool jsonIs(Json *j, const JsonNode *n) {
  if (snJsonNext(j) != n->kind) return false;
  if (n->kind == JSON_OBJECT || n->kind == JSON_ARRAY) {
    return jsonChildrenAre(j, n);
  }
  if (j->raw_from != n->from || j->raw_to != n->to) return false;
  switch (n->kind) {
    case JSON_INT: return j->i == n->i && j->d == (double)n->i;
    case JSON_REAL: return !memcmp(&j->d, &n->d, sizeof n->d);
    case JSON_STRING:
      return jsonTextIs(j, n->text, n->len, n->from, n->to);
    default: return true;
  }
}

/* Reads the source and compares with the tree. */
static bool jsonComesBack(const char *p, size_t n, const JsonNode *root,
    bool check_only) {
  Json j;
  bool good;
  snJsonInit(&j, p, n, NULL);
  j.check_only = check_only;
  good = jsonIs(&j, root) && snJsonNext(&j) == JSON_END;
  good = good && j.check_only == check_only && (!check_only || !j.tmp.data);
  snJsonClear(&j);
  return good || jsonWrong("document", p, n);
}

/* ---- 7. damage ---------------------------------------------------------- */

/* Takes out, puts in or turns over some bytes; signs of the grammar are put
** in more often than others.  p has room for four bytes more. */
static size_t jsonHurt(char *p, size_t n) {
  static const char signs[] = "{}[]\",:\\u0123456789eE.+-ntfalse \xc3\xa4\xed";
  u32 times = 1 + jsonBelow(3);
  while (times--) {
    size_t at = jsonBelow((u32)n + 1), len;
    char c = jsonBelow(4) ? signs[jsonBelow(sizeof signs)]
                          : (char)jsonBelow(256);
    switch (jsonBelow(4)) {
      case 0:
        memmove(p + at + 1, p + at, n - at);
        p[at] = c;
        n++;
        break;
      case 1:
        len = jsonBelow(4);
        len = SN_MIN(len, n - at);
        memmove(p + at, p + at + len, n - at - len);
        n -= len;
        break;
      case 2:
        if (at < n) p[at] = (char)(p[at] ^ 1 << jsonBelow(8));
        break;
      default:
        if (at < n) p[at] = c;
    }
  }
  return n;
}

static void jsonTestDocuments(void) {
  bool good = true, checked = true, cut = true, hurt = true;
  u32 refused = 0, tries = 0;
  for (u32 k = 0; k < 1500; k++) {
    JsonMaker m;
    JsonNode *root;
    const char *p;
    snArenaInit(&m.nodes, NULL);
    snBufInit(&m.source, NULL);
    jsonMakeBlank(&m);
    root = jsonMake(&m, 0);
    p = snBufText(&m.source);
    good = good && jsonComesBack(p, m.source.n, root, false);
    checked = checked && jsonComesBack(p, m.source.n, root, true);
    for (size_t n = 0; k % 4 == 0 && n < root->to && n < 700; n++) {
      cut = cut && jsonAgreesExact(p, n, false);
    }
    for (u32 i = 0; i < 60 && m.source.n < 3000 && hurt; i++, tries++) {
      char text[3004];
      size_t n;
      bool want;
      memcpy(text, p, m.source.n);
      n = jsonHurt(text, m.source.n);
      want = jsonGrammar(text, n);
      refused += !want;
      hurt = jsonAgreesExact(text, n, want);
    }
    snBufClear(&m.source);
    snArenaClear(&m.nodes);
  }
  jsonOk(good, "documents: as the tree they were written from");
  jsonOk(checked, "documents: checked only, the texts are those of the source");
  jsonOk(cut, "documents: each cut is refused");
  jsonOk(hurt && tries > 50000 && refused > tries / 3 &&
      refused < tries - tries / 20, "damage: as the grammar says");
  jsonOk(json_sane, "damage: events stay in order");
}

/* ---- 8. memory ---------------------------------------------------------- */

#ifdef SEINE_TEST
/* Strings with escapes, each longer than all before, back into a buffer. */
static bool jsonFaultBody(Budget *budget, bool *fair) {
  char text[700];
  Json j;
  JsonEvent e;
  Buf out;
  u32 n = 0;
  bool good;
  text[n++] = '[';
  for (u32 i = 1; i <= 300; i *= 3) {
    memcpy(text + n, "\"\\n", 3);
    memset(text + n + 3, 'a', i);
    memcpy(text + n + 3 + i, "\",", 2);
    n += i + 5;
  }
  text[n - 1] = ']';
  snBufInit(&out, budget);
  snJsonInit(&j, text, n, budget);
  while ((e = snJsonNext(&j)) != JSON_END && e != JSON_ERROR) {
    if (e == JSON_STRING) snBufJson(&out, j.text, j.len);
  }
  if ((e == JSON_ERROR) != (j.tmp.rc == SEINE_NOMEM)) *fair = false;
  if (e == JSON_ERROR && !j.error) *fair = false;
  if (e == JSON_ERROR && snJsonNext(&j) != JSON_ERROR) *fair = false;
  good = e == JSON_END && !out.rc;
  if (good && out.n != 364 + 4 * 6) *fair = false;
  snJsonClear(&j);
  snBufClear(&out);
  return good;
}

static void jsonTestFaults(void) {
  Budget budget = {0};
  bool good = true, fair = true;
  i64 asked;
  snFaultMem(0, false);
  good = jsonFaultBody(&budget, &fair);
  asked = snFaultMemCount();
  for (i64 n = 1; n <= asked; n++) {
    for (u32 persistent = 0; persistent < 2; persistent++) {
      snFaultMem(n, persistent);
      good = good && !jsonFaultBody(&budget, &fair) && !budget.used;
    }
  }
  snFaultMem(0, false);
  good = good && jsonFaultBody(&budget, &fair) && !budget.used;
  jsonOk(good && asked >= 4, "memory: each allocation fails, nothing leaks");
  jsonOk(fair, "memory: an error that says so");
}
#else
static void jsonTestFaults(void) {}
#endif

int main(void) {
  jsonTestTables();
  jsonTestEvery("", "{}[]\":,10 ", 6);
  jsonTestEvery("", "-+01.eE", 7);
  jsonTestEvery("{\"a\":", "{}[]\":,0", 6);
  jsonTestEvery("\"", "\"\\u0dn\n\xc3\xa4\xed\xa0", 5);
  jsonTestEvery("\"\\uD83D\\u", "dDcCfF0\"", 5);
  jsonTestUnits();
  jsonTestBytes();
  jsonTestWriter();
  jsonTestNumbers();
  jsonTestDepth();
  jsonTestDocuments();
  jsonTestFaults();
  printf("1..%d\n", json_no);
  return json_failed != 0;
}
