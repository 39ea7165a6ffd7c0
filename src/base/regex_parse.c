/*
** regex_parse: patterns to expressions, in three syntaxes.
**
**   WHOLE   Lucene's RegExp with all its flags: | & ~ ? * + {n,m} [...] .
**           # (nothing) @ (any text) "literal" <n-m> (numbers)
**   FIND    what POSIX, Java and RE2 share: ^ $ | ( ) (?:) (?is) ? * + {n,m}
**           [...] [[:alpha:]] . and escapes; for a match anywhere
**   WILD    * and ?
**
** (1) A pattern is UTF-8, has at most 1,000 characters, and is nested at most
**     250 deep: so deep goes the recursion.
** (2) ~ complements among texts of whole characters: else a text could be cut
**     within one, ~a~a on one character.
** (3) The first error stays: its message says what is wrong, `at` where.
*/
#include "base/regexInt.h"

#define REGEX_CHARS   1000u
#define REGEX_DEPTH   250u
#define REGEX_COUNT   100000u
#define REGEX_CLASSES 40u /* categories, and others that look at all letters */
#define REGEX_DIGITS  18u

typedef struct RegexParse {
  RegexNodes *t;
  const u8 *start, *p, *end;
  u32 flags, depth, classes;
  u32 groups;    /* with SPAN: groups so far */
  u32 any;       /* any character, or 0 while nobody asked */
  char *message;
  u32 bad_at;
  int rc;        /* sticky */
} RegexParse;

/* ---- Errors ------------------------------------------------------------- */

static void parseFail(RegexParse *s, int rc, const u8 *at, const char *fmt,
    ...) __attribute__((format(printf, 4, 5)));
static void parseFail(RegexParse *s, int rc, const u8 *at, const char *fmt,
    ...) {
  va_list ap;
  if (s->rc || s->t->rc) return; /* memory ran out first */
  s->rc = rc;
  s->bad_at = (u32)(at - s->start);
  va_start(ap, fmt);
  vsnprintf(s->message, REGEX_MESSAGE, fmt, ap);
  va_end(ap);
}

static bool parseOver(const RegexParse *s) {
  return s->rc || s->t->rc || s->p >= s->end;
}

static bool parsePeek(const RegexParse *s, u8 c) {
  return !parseOver(s) && *s->p == c;
}

static bool parseTake(RegexParse *s, u8 c) {
  if (!parsePeek(s, c)) return false;
  s->p++;
  return true;
}

static bool parseTakeWord(RegexParse *s, const char *word) {
  size_t n = strlen(word);
  if (parseOver(s) || (size_t)(s->end - s->p) < n) return false;
  if (memcmp(s->p, word, n) != 0) return false;
  s->p += n;
  return true;
}

static u32 parseChar(RegexParse *s) {
  u32 len = 0, c;
  if (parseOver(s)) return 0;
  c = snUtfGet(s->p, s->end, &len);
  s->p += len;
  return c;
}

static bool parseIsLetter(u32 c) {
  return c < 0x80 && (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

/* ---- Characters to expressions ------------------------------------------ */

/* Takes the class over. */
static u32 parseClassNode(RegexParse *s, RegexClass *c) {
  u32 e = s->rc ? REGEX_E_NONE : snRegexClassNode(c, s->t);
  snMemFree(c->range);
  return e;
}

static RegexClass parseClassNew(RegexParse *s) {
  return (RegexClass){.budget = s->t->set.budget};
}

static void parseFold(RegexParse *s, RegexClass *c, const u8 *at) {
  if (!(s->flags & REGEX_FOLD)) return;
  if (c->n && c->range[c->n - 1].hi >= 0x80 && ++s->classes > REGEX_CLASSES) {
    parseFail(s, SEINE_TOOBIG, at,
        "too many sets of characters that take any case");
  }
  if (!s->rc) snRegexClassFold(c);
}

static u32 parseCharNode(RegexParse *s, u32 point, const u8 *at) {
  u8 bytes[4];
  u32 from = s->t->nlist, n;
  if ((s->flags & REGEX_FOLD) && (point >= 0x80 || parseIsLetter(point))) {
    RegexClass c = parseClassNew(s);
    snRegexClassAdd(&c, point, point);
    parseFold(s, &c, at);
    return parseClassNode(s, &c);
  }
  n = snUtfPut(bytes, point);
  for (u32 i = 0; i < n; i++) {
    u32 bits[8] = {0};
    bits[bytes[i] / 32] = 1u << (bytes[i] % 32);
    snRegexNodePush(s->t, snRegexNodeSet(s->t, bits));
  }
  return snRegexNodeSeq(s->t, from);
}

static u32 parseAny(RegexParse *s, bool newline) {
  RegexClass c = parseClassNew(s);
  if (newline && s->any) return s->any;
  snRegexClassAdd(&c, 0, newline ? 0x10ffff : '\n' - 1);
  if (!newline) snRegexClassAdd(&c, '\n' + 1, 0x10ffff);
  u32 e = parseClassNode(s, &c);
  if (newline) s->any = e;
  return e;
}

/* ---- Sets --------------------------------------------------------------- */

/* \d \w \s and their complements; false: c is none of them. */
static bool parseShort(RegexParse *s, RegexClass *out, u8 name) {
  RegexClass c = parseClassNew(s);
  switch (name | 0x20) {
    case 'd': snRegexClassAdd(&c, '0', '9'); break;
    case 's':
      snRegexClassAdd(&c, ' ', ' ');
      snRegexClassAdd(&c, '\t', '\n');
      snRegexClassAdd(&c, '\r', '\r');
      if (s->flags & REGEX_FIND) snRegexClassAdd(&c, '\v', '\f');
      break;
    case 'w':
      snRegexClassAdd(&c, '0', '9');
      snRegexClassAdd(&c, 'A', 'Z');
      snRegexClassAdd(&c, 'a', 'z');
      snRegexClassAdd(&c, '_', '_');
      break;
    default: return false;
  }
  if (!(name & 0x20)) snRegexClassInvert(&c);
  for (u32 i = 0; i < c.n; i++) {
    snRegexClassAdd(out, c.range[i].lo, c.range[i].hi);
  }
  if (c.rc && !out->rc) out->rc = c.rc;
  snMemFree(c.range);
  return true;
}

/* Behind \p: a letter, or {name}, {^name}. */
static void parseCategory(RegexParse *s, RegexClass *out, bool negate) {
  const u8 *at = s->p - 2, *name = s->p;
  RegexClass c = parseClassNew(s);
  size_t n = 1;
  if (parseTake(s, '{')) {
    if (parseTake(s, '^')) negate = !negate;
    name = s->p;
    while (!parseOver(s) && *s->p != '}') s->p++;
    n = (size_t)(s->p - name);
    if (!parseTake(s, '}')) {
      parseFail(s, SEINE_ERROR, at, "the } of this category is missing");
      return;
    }
  } else if (!parseOver(s)) {
    s->p++;
  } else {
    n = 0;
  }
  if (++s->classes > REGEX_CLASSES) {
    parseFail(s, SEINE_TOOBIG, at, "too many categories of characters");
    return;
  }
  if (!snRegexClassCategory(&c, (const char *)name, n)) {
    parseFail(s, SEINE_ERROR, at, "no such category of characters: use L, "
        "Lu, Ll, N, Nd, P, S, Z or another of Unicode");
  }
  if (negate) snRegexClassInvert(&c);
  for (u32 i = 0; i < c.n; i++) {
    snRegexClassAdd(out, c.range[i].lo, c.range[i].hi);
  }
  if (c.rc && !out->rc) out->rc = c.rc;
  snMemFree(c.range);
}

static u32 parseHex(RegexParse *s, u32 digits, const u8 *at) {
  bool braces = parseTake(s, '{');
  u32 v = 0, n = 0;
  for (; !parseOver(s) && n < (braces ? 8 : digits); n++) {
    u8 c = *s->p, low = c | 0x20;
    if (c >= '0' && c <= '9') v = v << 4 | (c - '0');
    else if (low >= 'a' && low <= 'f') v = v << 4 | (low - 'a' + 10u);
    else break;
    s->p++;
  }
  if (!n || (braces ? !parseTake(s, '}') : n != digits)) {
    parseFail(s, SEINE_ERROR, at, "bad hexadecimal digits in an escape");
  } else if (v > 0x10ffff || (v >= 0xd800 && v <= 0xdfff)) {
    parseFail(s, SEINE_ERROR, at, "U+%X is no character", (unsigned)v);
  }
  return s->rc ? 0 : v;
}

/* The character of an escape of FIND; the backslash is at `at`. */
static u32 parseFindEscape(RegexParse *s, const u8 *at) {
  u32 c = parseChar(s);
  switch (c) {
    case 't': return '\t';
    case 'n': return '\n';
    case 'r': return '\r';
    case 'f': return '\f';
    case 'v': return '\v';
    case 'a': return '\a';
    case 'e': return 27;
    case 'x': return parseHex(s, 2, at);
    case 'u': return parseHex(s, 4, at);
    default: break;
  }
  if (!parseIsLetter(c) && !(c >= '0' && c <= '9')) return c;
  if (c >= '1' && c <= '9') {
    parseFail(s, SEINE_ERROR, at, "back-references are not supported");
  } else if ((c | 0x20) == 'b') {
    parseFail(s, SEINE_ERROR, at, "\\%c (the border of a word) is not "
        "supported", (char)c);
  } else {
    parseFail(s, SEINE_ERROR, at, "unknown escape \\%c", (char)c);
  }
  return 0;
}

/* Behind a backslash: a set is added to `set` (true), or it is *point. */
static bool parseEscape(RegexParse *s, RegexClass *set, u32 *point) {
  const u8 *at = s->p - 1;
  u8 c;
  *point = 0;
  if (parseOver(s)) {
    parseFail(s, SEINE_ERROR, at, "nothing follows the backslash");
    return false;
  }
  c = *s->p;
  if (c < 0x80 && parseShort(s, set, c)) {
    s->p++;
    return true;
  }
  if (!(s->flags & REGEX_FIND)) {
    *point = parseChar(s);
    return false;
  }
  if ((c | 0x20) == 'p') {
    s->p++;
    parseCategory(s, set, c == 'P');
    return true;
  }
  *point = parseFindEscape(s, at);
  return false;
}

/* Behind "[:".  POSIX's names, for ASCII. */
static void parsePosix(RegexParse *s, RegexClass *c) {
  static const struct { const char *name, *ranges; } known[] = {
      {"alpha:]", "AZaz"}, {"digit:]", "09"}, {"alnum:]", "09AZaz"},
      {"upper:]", "AZ"}, {"lower:]", "az"}, {"space:]", "\t\r  "},
      {"blank:]", "\t\t  "}, {"punct:]", "!/:@[`{~"}, {"print:]", " ~"},
      {"graph:]", "!~"}, {"xdigit:]", "09AFaf"}, {"word:]", "09AZaz__"},
      {"cntrl:]", "\001\037\177\177"}};
  const u8 *at = s->p - 2;
  for (u32 i = 0; i < SN_COUNT(known); i++) {
    const char *r = known[i].ranges;
    if (!parseTakeWord(s, known[i].name)) continue;
    for (; *r; r += 2) snRegexClassAdd(c, (u8)r[0], (u8)r[1]);
    if (known[i].name[0] == 'c') snRegexClassAdd(c, 0, 0);
    return;
  }
  parseFail(s, SEINE_ERROR, at, "unknown class: [:alpha:], [:digit:], "
      "[:alnum:], [:space:], [:punct:] and their like are known");
}

/* One character of a set, or a set of its own (true). */
static bool parseSetItem(RegexParse *s, RegexClass *c, u32 *point) {
  const u8 *at = s->p;
  *point = 0;
  if (parseTake(s, '\\')) return parseEscape(s, c, point);
  if (s->flags & REGEX_FIND) {
    if (parseTakeWord(s, "[:")) {
      parsePosix(s, c);
      return true;
    }
    if (parseTakeWord(s, "[.") || parseTakeWord(s, "[=")) {
      parseFail(s, SEINE_ERROR, at, "[. .] and [= =] are not supported");
      return true;
    }
  }
  *point = parseChar(s);
  return false;
}

/* Behind the [. */
static u32 parseSet(RegexParse *s) {
  const u8 *open = s->p - 1, *at;
  bool negate = parseTake(s, '^'), first = true;
  RegexClass c = parseClassNew(s);
  for (; !parseOver(s) && (first || *s->p != ']'); first = false) {
    u32 lo, hi;
    bool set;
    at = s->p;
    set = parseSetItem(s, &c, &lo);
    hi = lo;
    if (!set && parsePeek(s, '-') && s->p + 1 < s->end && s->p[1] != ']') {
      s->p++;
      if (parseSetItem(s, &c, &hi)) {
        parseFail(s, SEINE_ERROR, at, "a range ends with a character");
      } else if (lo > hi) {
        parseFail(s, SEINE_ERROR, at, "the range is out of order");
      }
    }
    if (!set) snRegexClassAdd(&c, lo, hi);
  }
  if (!parseTake(s, ']')) {
    parseFail(s, SEINE_ERROR, open, "the ] of this [ is missing");
  }
  parseFold(s, &c, open);
  if (negate) snRegexClassInvert(&c);
  return parseClassNode(s, &c);
}

static u32 parseEscaped(RegexParse *s) {
  const u8 *at = s->p - 1;
  RegexClass c = parseClassNew(s);
  u32 point;
  if (parseEscape(s, &c, &point)) {
    parseFold(s, &c, at);
    return parseClassNode(s, &c);
  }
  snMemFree(c.range);
  return parseCharNode(s, point, at);
}

/* ---- Intervals of numbers ----------------------------------------------- */

static u32 parseDigit(RegexParse *s, char lo, char hi) {
  u32 bits[8] = {0};
  for (char c = lo; c <= hi; c++) bits[1] |= 1u << (c - 32);
  return snRegexNodeSet(s->t, bits);
}

/* Texts of n digits that are not below x (not above, when !least). */
static u32 parseBound(RegexParse *s, const char *x, u32 n, bool least) {
  RegexNodes *t = s->t;
  u32 e = REGEX_E_EMPTY, any = parseDigit(s, '0', '9');
  for (u32 i = n; i-- > 0;) {
    u32 from = t->nlist;
    u32 tail = snRegexNodeRepeat(t, any, n - i - 1, n - i - 1);
    u32 rest = least ? parseDigit(s, (char)(x[i] + 1), '9')
                     : parseDigit(s, '0', (char)(x[i] - 1));
    snRegexNodePush(t, snRegexNodeCat(t, parseDigit(s, x[i], x[i]), e));
    snRegexNodePush(t, snRegexNodeCat(t, rest, tail));
    e = snRegexNodeAlt(t, from);
  }
  return e;
}

/* Texts of n digits from x to y: what both bounds allow. */
static u32 parseBetween(RegexParse *s, const char *x, const char *y, u32 n) {
  u32 from = s->t->nlist;
  snRegexNodePush(s->t, parseBound(s, x, n, true));
  snRegexNodePush(s->t, parseBound(s, y, n, false));
  return snRegexNodeAnd(s->t, from);
}

/* Numbers of any width from x to y, with zeros in front: by width. */
static u32 parseWidths(RegexParse *s, u64 x, u64 y) {
  RegexNodes *t = s->t;
  u32 from = t->nlist, zeros = parseDigit(s, '0', '0');
  u64 low = 0, high = 9; /* of the width */
  for (u32 n = 1; n <= REGEX_DIGITS; n++) {
    char a[32], b[32];
    if (high >= x && low <= y) {
      snNumIntText((i64)SN_MAX(low, x), a);
      snNumIntText((i64)SN_MIN(high, y), b);
      snRegexNodePush(t, parseBetween(s, a, b, n));
    }
    low = high + 1;
    high = high * 10 + 9;
  }
  zeros = snRegexNodeRepeat(t, zeros, 0, REGEX_INF);
  return snRegexNodeCat(t, zeros, snRegexNodeAlt(t, from));
}

static u32 parseNumber(RegexParse *s, u64 *out) {
  u32 n = 0;
  for (*out = 0; !parseOver(s) && *s->p >= '0' && *s->p <= '9'; n++) {
    if (n < REGEX_DIGITS) *out = *out * 10 + (*s->p - '0');
    s->p++;
  }
  return n;
}

/* Behind the <.  Bounds of one width ask for just that width. */
static u32 parseInterval(RegexParse *s) {
  const u8 *open = s->p - 1, *a = s->p, *b;
  u64 x, y;
  u32 na = parseNumber(s, &x), nb;
  bool dash = parseTake(s, '-');
  b = s->p;
  nb = parseNumber(s, &y);
  if (!na || !nb || !dash || !parseTake(s, '>')) {
    parseFail(s, SEINE_ERROR, open, "an interval of numbers is like <1-31>; "
        "\\< is the sign itself");
  } else if (na > REGEX_DIGITS || nb > REGEX_DIGITS) {
    parseFail(s, SEINE_ERROR, open, "a bound has more than %u digits",
        (unsigned)REGEX_DIGITS);
  }
  if (s->rc) return REGEX_E_NONE;
  if (na == nb) {
    const u8 *low = x <= y ? a : b, *high = x <= y ? b : a;
    return parseBetween(s, (const char *)low, (const char *)high, na);
  }
  return parseWidths(s, SN_MIN(x, y), SN_MAX(x, y));
}

/* ---- What both grammars repeat ------------------------------------------ */

/* Behind the {.  false: it is no count (then the { is a character). */
static bool parseCount(RegexParse *s, u32 *min, u32 *max) {
  const u8 *open = s->p - 1;
  u64 x, y;
  bool lucene = s->flags & REGEX_WHOLE;
  u32 n = parseNumber(s, &x);
  y = x;
  if (n && parseTake(s, ',') && !parseNumber(s, &y)) y = REGEX_INF;
  if (!n || !parseTake(s, '}')) {
    if (!lucene) s->p = open + 1;
    else parseFail(s, SEINE_ERROR, open, "a count is like {2}, {2,} or {2,5}");
    return false;
  }
  if (x > REGEX_COUNT || (y > REGEX_COUNT && y != REGEX_INF)) {
    parseFail(s, SEINE_TOOBIG, open, "a count is at most %u",
        (unsigned)REGEX_COUNT);
  } else if (x > y) {
    parseFail(s, SEINE_ERROR, open, "the counts are out of order");
  }
  *min = (u32)x;
  *max = (u32)y;
  return true;
}

/* ? * + or a count; false: none of them comes. */
static bool parseTimes(RegexParse *s, u32 *min, u32 *max) {
  *min = parsePeek(s, '+');
  *max = parsePeek(s, '?') ? 1 : REGEX_INF;
  if (parseTake(s, '?') || parseTake(s, '*') || parseTake(s, '+')) return true;
  if (!parseTake(s, '{')) return false;
  if (parseCount(s, min, max)) return true;
  if (!s->rc) s->p--;
  return false;
}

/* .* takes any text, and never looks at it. */
static u32 parseRepeat(RegexParse *s, u32 e, u32 min, u32 max) {
  RegexNodes *t = s->t;
  if (!s->any || e != s->any || max != REGEX_INF) {
    return snRegexNodeRepeat(t, e, min, max);
  }
  return snRegexNodeCat(t, snRegexNodeRepeat(t, e, min, min), REGEX_E_ALL);
}

static bool parseDeeper(RegexParse *s) {
  if (++s->depth <= REGEX_DEPTH) return true;
  parseFail(s, SEINE_TOOBIG, s->p, "nested more than %u deep",
      (unsigned)REGEX_DEPTH);
  return false;
}

static u32 parseGroupEnd(RegexParse *s, u32 e, const u8 *open) {
  if (!parseTake(s, ')')) {
    parseFail(s, SEINE_ERROR, open, "the ) of this ( is missing");
  }
  return e;
}

/* ---- Lucene ------------------------------------------------------------- */

static u32 parseUnion(RegexParse *s);

static u32 parseQuoted(RegexParse *s) {
  const u8 *open = s->p - 1;
  u32 from = s->t->nlist;
  while (!parseOver(s) && *s->p != '"') {
    const u8 *at = s->p;
    u32 point = parseChar(s);
    snRegexNodePush(s->t, parseCharNode(s, point, at));
  }
  if (!parseTake(s, '"')) {
    parseFail(s, SEINE_ERROR, open, "the second \" is missing");
  }
  return snRegexNodeSeq(s->t, from);
}

/* All texts of whole characters that e does not take: invariant (2). */
static u32 parseComplement(RegexParse *s, u32 e) {
  RegexNodes *t = s->t;
  u32 from = t->nlist;
  snRegexNodePush(t, snRegexNodeNot(t, e));
  snRegexNodePush(t,
      snRegexNodeRepeat(t, parseAny(s, true), 0, REGEX_INF));
  return snRegexNodeAnd(t, from);
}

static u32 parsePrimary(RegexParse *s) {
  const u8 *at = s->p;
  u32 e, point;
  if (parseTake(s, '~')) {
    if (!parseDeeper(s)) return REGEX_E_NONE;
    if (parseOver(s)) parseFail(s, SEINE_ERROR, at, "nothing follows the ~");
    e = parseComplement(s, parsePrimary(s));
    s->depth--;
    return e;
  }
  if (parseTake(s, '(')) {
    if (!parseDeeper(s)) return REGEX_E_NONE;
    e = parsePeek(s, ')') ? REGEX_E_EMPTY : parseUnion(s);
    s->depth--;
    return parseGroupEnd(s, e, at);
  }
  if (parseTake(s, '[')) return parseSet(s);
  if (parseTake(s, '.')) return parseAny(s, true);
  if (parseTake(s, '#')) return REGEX_E_NONE;
  if (parseTake(s, '@')) return REGEX_E_ALL;
  if (parseTake(s, '"')) return parseQuoted(s);
  if (parseTake(s, '<')) return parseInterval(s);
  if (parseTake(s, '\\')) return parseEscaped(s);
  point = parseChar(s);
  if (point == '?' || point == '*' || point == '+' || point == '{') {
    parseFail(s, SEINE_ERROR, at, "nothing stands before the %c",
        (char)point);
  }
  return s->rc ? REGEX_E_NONE : parseCharNode(s, point, at);
}

static u32 parseSequence(RegexParse *s) {
  u32 from = s->t->nlist, min, max;
  while (!parseOver(s) && *s->p != ')' && *s->p != '|' && *s->p != '&') {
    u32 e = parsePrimary(s);
    while (parseTimes(s, &min, &max)) e = parseRepeat(s, e, min, max);
    snRegexNodePush(s->t, e);
  }
  return snRegexNodeSeq(s->t, from);
}

static u32 parseInter(RegexParse *s) {
  u32 from = s->t->nlist;
  do {
    u32 e = parseSequence(s);
    snRegexNodePush(s->t, e);
  } while (parseTake(s, '&'));
  return snRegexNodeAnd(s->t, from);
}

static u32 parseUnion(RegexParse *s) {
  u32 from = s->t->nlist;
  do {
    u32 e = parseInter(s);
    snRegexNodePush(s->t, e);
  } while (parseTake(s, '|'));
  return snRegexNodeAlt(s->t, from);
}

/* ---- POSIX, Java, RE2 --------------------------------------------------- */

static u32 parseFind(RegexParse *s);

/* Behind "(?": flags up to : or ).  true: a group follows, else the flags
** hold for the rest of the one around. */
static bool parseFlags(RegexParse *s, const u8 *open) {
  bool on = true;
  while (!parseOver(s) && *s->p != ':' && *s->p != ')') {
    u8 c = *s->p++;
    u32 bit = c == 'i' ? REGEX_FOLD : c == 's' ? REGEX_DOTALL : 0;
    if (c == '-' && on) on = false;
    else if (!bit) {
      parseFail(s, SEINE_ERROR, s->p - 1, "unknown flag: i and s are known");
    } else if (on) s->flags |= bit;
    else s->flags &= ~bit;
  }
  if (parseTake(s, ':')) return true;
  (void)parseGroupEnd(s, 0, open);
  return false;
}

/* Behind "(?", what cannot be said by an automaton. */
static void parseRefuse(RegexParse *s, const u8 *open) {
  static const char *const look[] = {"=", "!", "<=", "<!"};
  for (u32 i = 0; i < SN_COUNT(look); i++) {
    if (!parseTakeWord(s, look[i])) continue;
    parseFail(s, SEINE_ERROR, open, "look-around is not supported");
  }
  if (parsePeek(s, '>')) {
    parseFail(s, SEINE_ERROR, open, "atomic groups are not supported");
  }
}

/* Behind the name's <. */
static void parseName(RegexParse *s, const u8 *open) {
  const u8 *name = s->p;
  while (!parseOver(s) && *s->p != '>' && *s->p != ')') s->p++;
  if (s->p == name || !parseTake(s, '>')) {
    parseFail(s, SEINE_ERROR, open, "bad name of a group");
  }
}

/* The number of a group, when groups count. */
static u32 parseNumbered(RegexParse *s, const u8 *open) {
  if (!(s->flags & REGEX_SPAN)) return 0;
  if (s->groups + 1 == REGEX_GROUPS) {
    parseFail(s, SEINE_TOOBIG, open, "more than %u groups: (?: ) is one that "
        "does not count", (unsigned)REGEX_GROUPS - 1);
    return 0;
  }
  return ++s->groups;
}

/* Behind the (. */
static u32 parseGroup(RegexParse *s) {
  const u8 *open = s->p - 1;
  u32 e, flags = s->flags, number = 0;
  if (!parseDeeper(s)) return REGEX_E_NONE;
  if (!parseTake(s, '?')) {
    number = parseNumbered(s, open);
  } else {
    parseRefuse(s, open);
    if (parseTakeWord(s, "P<") || parseTakeWord(s, "<")) {
      parseName(s, open);
      number = parseNumbered(s, open);
    } else if (!parseFlags(s, open)) {
      s->depth--;
      return REGEX_E_EMPTY;
    }
  }
  e = parseFind(s);
  if (number) e = snRegexNodeGroup(s->t, e, number);
  s->flags = flags;
  s->depth--;
  return parseGroupEnd(s, e, open);
}

static u32 parseBegin(RegexParse *s) {
  s->t->begins = true;
  return REGEX_E_BEGIN;
}

static u32 parseAtom(RegexParse *s) {
  const u8 *at = s->p;
  u32 point = parseChar(s);
  switch (point) {
    case '^': return parseBegin(s);
    case '$': return REGEX_E_END;
    case '.': return parseAny(s, s->flags & REGEX_DOTALL);
    case '[': return parseSet(s);
    case '(': return parseGroup(s);
    case '\\': break;
    case '?': case '*': case '+':
      parseFail(s, SEINE_ERROR, at, "nothing stands before the %c",
          (char)point);
      return REGEX_E_NONE;
    default: return parseCharNode(s, point, at);
  }
  if (parseTake(s, 'A')) return parseBegin(s);
  if (parseTake(s, 'z')) return REGEX_E_END;
  return parseEscaped(s);
}

/* One atom with its count.  A lazy count matches what a greedy one does,
** where nobody asks how far. */
static u32 parsePiece(RegexParse *s) {
  u32 e = parseAtom(s), min, max;
  const u8 *at = s->p;
  if (!parseTimes(s, &min, &max)) return e;
  e = parseRepeat(s, e, min, max);
  if (parseTake(s, '?') && (s->flags & REGEX_SPAN)) {
    parseFail(s, SEINE_ERROR, at, "lazy counts are not supported here: a "
        "match is the longest there is; [^x]*x may help");
  } else if (parsePeek(s, '+')) {
    parseFail(s, SEINE_ERROR, at, "possessive counts are not supported");
  } else if (parsePeek(s, '*') || parsePeek(s, '?')) {
    parseFail(s, SEINE_ERROR, s->p, "two counts in a row: put the first one "
        "in (...)");
  }
  return e;
}

static u32 parseFind(RegexParse *s) {
  u32 outer = s->t->nlist, from, e;
  do {
    from = s->t->nlist;
    while (!parseOver(s) && *s->p != '|' && *s->p != ')') {
      e = parsePiece(s);
      snRegexNodePush(s->t, e);
    }
    e = snRegexNodeSeq(s->t, from);
    snRegexNodePush(s->t, e);
  } while (parseTake(s, '|'));
  return snRegexNodeAlt(s->t, outer);
}

/* A match anywhere: any text before and behind. */
static u32 parseAnywhere(RegexParse *s) {
  u32 from = s->t->nlist, e = parseFind(s);
  if (s->flags & REGEX_SPAN) return e;
  snRegexNodePush(s->t, REGEX_E_ALL);
  snRegexNodePush(s->t, e);
  snRegexNodePush(s->t, REGEX_E_ALL);
  return snRegexNodeSeq(s->t, from);
}

/* ---- Wildcards ---------------------------------------------------------- */

static u32 parseWild(RegexParse *s) {
  u32 from = s->t->nlist, e;
  while (!parseOver(s)) {
    const u8 *at = s->p;
    u32 point = parseChar(s);
    if (point == '\\' && !parseOver(s)) {
      e = parseCharNode(s, parseChar(s), at);
    } else if (point == '*') {
      e = REGEX_E_ALL;
    } else {
      e = point == '?' ? parseAny(s, true) : parseCharNode(s, point, at);
    }
    snRegexNodePush(s->t, e);
  }
  return snRegexNodeSeq(s->t, from);
}

/* ---- Door --------------------------------------------------------------- */

static void parseText(RegexParse *s, const char *p, size_t n) {
  u32 len;
  s->start = s->p = (const u8 *)p;
  s->end = s->p;
  if (!n) return;
  s->end += n;
  if (n > REGEX_CHARS && snUtfCount(p, n) > REGEX_CHARS) {
    parseFail(s, SEINE_TOOBIG, s->start + snUtfOffset(p, n, REGEX_CHARS),
        "a pattern has at most %u characters", (unsigned)REGEX_CHARS);
  }
  for (const u8 *q = s->start; q < s->end; q += len) {
    if (snUtfGet(q, s->end, &len) == 0xfffd && len == 1) {
      parseFail(s, SEINE_ERROR, q, "the pattern is not valid UTF-8");
    }
  }
}

int snRegexParse(RegexNodes *t, const char *p, size_t n, u32 flags,
    u32 *root, u32 *ngroup, char *message, u32 *at) {
  RegexParse s = {.t = t, .flags = flags, .message = message};
  parseText(&s, p, n);
  *root = REGEX_E_NONE;
  if (!s.rc) {
    if (flags & REGEX_WILD) *root = parseWild(&s);
    else if (flags & REGEX_FIND) *root = parseAnywhere(&s);
    else *root = parseUnion(&s);
  }
  if (!s.rc && !t->rc && s.p < s.end) {
    parseFail(&s, SEINE_ERROR, s.p, "the ( of this ) is missing");
  }
  if (!s.rc && t->rc) s.rc = t->rc;
  *at = s.bad_at;
  *ngroup = s.groups;
  return s.rc;
}

#undef REGEX_CHARS
#undef REGEX_DEPTH
#undef REGEX_COUNT
#undef REGEX_CLASSES
#undef REGEX_DIGITS
