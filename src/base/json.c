/*
** json.c: a pull reader of JSON (RFC 8259), strict: no comments, no trailing
** commas, no control characters or bad UTF-8 in strings, no half surrogate
** pairs, one value and blanks only.
**
** (1) No recursion: the kind of each open container is a bit of j->stack.
** (2) [j->p, j->end) is what was not looked at; start never moves.
** (3) A string without escapes is given as it lies in the source; only one
**     with escapes is written to j->tmp.
** (4) After an error every event is JSON_ERROR; raw_from tells where.  When
**     memory was short, or the reader was told to stop, j->tmp.rc says so.
**
** States, between two events:
**   VALUE  scalar: AFTER         '[': FIRST           '{': OPEN
**   FIRST  as VALUE              ']': AFTER
**   OPEN   name and ':': VALUE   '}': AFTER
**   AFTER  ',' and what follows as in VALUE, or name and ':' in an object;
**          ']' or '}': AFTER     depth 0, nothing left: END
*/
#include "base/base.h"

enum {
  JSON_AT_VALUE, /* a value must come */
  JSON_AT_FIRST, /* a value or ']' */
  JSON_AT_OPEN,  /* a name or '}' */
  JSON_AT_AFTER, /* behind a value */
  JSON_AT_END,
  JSON_AT_ERROR
};

#define JSON_DEPTH 1000u
#define JSON_ALL(c) \
  {c, c, c, c, c, c, c, c, c, c, c, c, c, c, c, c}

typedef signed char JsonBytes __attribute__((vector_size(16)));

void snJsonInit(Json *j, const char *p, size_t n, Budget *b) {
  j->start = j->p = p;
  j->end = n ? p + n : p;
  snBufInit(&j->tmp, b);
  j->text = "";
  j->len = 0;
  j->i = 0;
  j->d = 0;
  j->raw_from = j->raw_to = 0;
  j->depth = 0;
  j->most = (u32)SN_MIN(snLimit(b, SEINE_LIMIT_JSON_DEPTH), JSON_DEPTH);
  j->stop = snMemStop(b);
  j->look = n > SN_STRIDE ? p + SN_STRIDE : j->end;
  j->state = JSON_AT_VALUE;
  j->check_only = false;
  j->error = NULL;
}

void snJsonClear(Json *j) { snBufClear(&j->tmp); }

static JsonEvent jsonFail(Json *j, const char *p, const char *what) {
  j->error = what;
  j->state = JSON_AT_ERROR;
  j->p = p;
  j->raw_from = j->raw_to = (size_t)(p - j->start);
  return JSON_ERROR;
}

/* Whether to stop at p; within the next stride nobody looks. */
static bool jsonStop(Json *j, const char *p) {
  j->look = (size_t)(j->end - p) > SN_STRIDE ? p + SN_STRIDE : j->end;
  if (!snStops(j->stop)) return false;
  j->tmp.rc = SEINE_INTERRUPT;
  return true;
}

static inline const char *jsonBlank(const char *p, const char *end) {
  while (p < end && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t')) p++;
  return p;
}

/* ---- Strings ------------------------------------------------------------ */

/* The first byte of [p, end) that is '"', '\\', a control character or not
** ASCII; or end.  Sixteen at a time; as a signed byte, what is not ASCII is
** below the blank too. */
static inline const char *jsonPlain(const char *p, const char *end) {
  const JsonBytes blank = JSON_ALL(' '), quote = JSON_ALL('"'),
      slash = JSON_ALL('\\');
  for (; end - p >= 16; p += 16) {
    JsonBytes v, hit;
    u64 half[2];
    memcpy(&v, p, 16);
    hit = (v < blank) | (v == quote) | (v == slash);
    memcpy(half, &hit, 16);
    if (half[0]) return p + (__builtin_ctzll(half[0]) >> 3);
    if (half[1]) return p + 8 + (__builtin_ctzll(half[1]) >> 3);
  }
  while (p < end && (u8)*p >= 0x20 && (u8)*p < 0x80 && *p != '"' &&
      *p != '\\') {
    p++;
  }
  return p;
}

/* Behind the well-formed text at p: at '"', '\\', or at a byte that is
** wrong; or where a look is due. */
static const char *jsonStretch(const char *p, const char *end,
    const char *look) {
  u32 len;
  while (p < look) {
    p = jsonPlain(p, look);
    if (p == look || (u8)*p < 0x80) break;
    do {
      snUtfGet((const u8 *)p, (const u8 *)end, &len);
      if (len == 1) return p;
      p += len;
    } while (p < look && (u8)*p >= 0x80);
  }
  return p;
}

static const char *jsonRun(Json *j, const char *p) {
  p = jsonStretch(p, j->end, j->look);
  while (SN_UNLIKELY(p >= j->look && p < j->end) && !jsonStop(j, p))
    p = jsonStretch(p, j->end, j->look);
  return p;
}

static void jsonAdd(Json *j, const void *p, size_t n) {
  if (!j->check_only) snBufAdd(&j->tmp, p, n);
}

/* Four hexadecimal digits, or -1. */
static i32 jsonHex(const char *p, const char *end) {
  i32 v = 0;
  if (end - p < 4) return -1;
  for (u32 i = 0; i < 4; i++) {
    u8 c = (u8)p[i], letter = (u8)((c | 0x20) - 'a');
    if ((u8)(c - '0') < 10) v = v << 4 | (c - '0');
    else if (letter < 6) v = v << 4 | (letter + 10);
    else return -1;
  }
  return v;
}

/* The code point of \uXXXX at p (behind the u), its surrogate with it. */
static bool jsonUnicode(Json *j, const char **at) {
  const char *p = *at;
  i32 c = jsonHex(p, j->end), low;
  u8 tmp[4];
  if (c < 0) return false;
  p += 4;
  if (c >= 0xdc00 && c <= 0xdfff) return false;
  if (c >= 0xd800 && c <= 0xdbff) {
    if (j->end - p < 6 || p[0] != '\\' || p[1] != 'u') return false;
    low = jsonHex(p + 2, j->end);
    if (low < 0xdc00 || low > 0xdfff) return false;
    c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
    p += 6;
  }
  jsonAdd(j, tmp, snUtfPut(tmp, (u32)c));
  *at = p;
  return true;
}

/* One escape; *at stands at the backslash. */
static bool jsonEscape(Json *j, const char **at) {
  static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
  const char *p = *at + 1, *k;
  if (p >= j->end) return false;
  if (*p == 'u') {
    *at = p + 1;
    return jsonUnicode(j, at);
  }
  k = *p ? strchr(from, *p) : NULL;
  if (!k) return false;
  jsonAdd(j, &to[k - from], 1);
  *at = p + 1;
  return true;
}

static bool jsonBadString(Json *j, const char *p) {
  if (j->tmp.rc == SEINE_INTERRUPT) jsonFail(j, p, "interrupted");
  else if (j->tmp.rc) jsonFail(j, p, "out of memory");
  else if (p >= j->end) jsonFail(j, p, "a string does not end");
  else if (*p == '\\') jsonFail(j, p, "bad escape in a string");
  else if ((u8)*p < 0x20) jsonFail(j, p, "control character in a string");
  else jsonFail(j, p, "bad UTF-8 in a string");
  return false;
}

/* A string with escapes: from is its first byte, p the first backslash. */
static bool jsonLong(Json *j, const char *from, const char *p) {
  const char *first = from;
  j->tmp.n = 0;
  for (;;) {
    if (p > from) jsonAdd(j, from, (size_t)(p - from));
    if (p >= j->end || *p != '\\') break;
    if (!jsonEscape(j, &p)) return jsonBadString(j, SN_MIN(p, j->end - 1));
    from = p;
    p = jsonRun(j, p);
  }
  if (j->tmp.rc || p >= j->end || *p != '"') return jsonBadString(j, p);
  j->text = j->tmp.n ? (const char *)j->tmp.data : "";
  j->len = j->tmp.n;
  if (j->check_only) {
    j->text = first;
    j->len = (size_t)(p - first);
  }
  j->p = p + 1;
  return true;
}

/* p stands at the opening quote. */
static bool jsonString(Json *j, const char *p) {
  const char *from = p + 1;
  p = from < j->look ? jsonPlain(from, j->look) : from;
  if (p < j->end && ((u8)*p >= 0x80 || p >= j->look)) p = jsonRun(j, p);
  if (SN_UNLIKELY(p == j->end || *p != '"')) {
    if (p < j->end && *p == '\\') return jsonLong(j, from, p);
    return jsonBadString(j, p);
  }
  j->text = from;
  j->len = (size_t)(p - from);
  j->p = p + 1;
  return true;
}

/* ---- Scalars ------------------------------------------------------------ */

static JsonEvent jsonDone(Json *j, const char *from, JsonEvent e) {
  j->raw_from = (size_t)(from - j->start);
  j->raw_to = (size_t)(j->p - j->start);
  j->state = JSON_AT_AFTER;
  return e;
}

static JsonEvent jsonWord(Json *j, const char *p, const char *word, size_t n,
    JsonEvent e) {
  if ((size_t)(j->end - p) < n || memcmp(p, word, n)) {
    return jsonFail(j, p, "no JSON value");
  }
  j->p = p + n;
  return jsonDone(j, p, e);
}

static inline bool jsonIsDigit(const char *p, const char *end) {
  return p < end && (u8)(*p - '0') < 10;
}

/* The value of a number with point or exponent, or of a long one. */
static JsonEvent jsonReal(Json *j, const char *from, const char *to) {
  j->text = from;
  j->len = (size_t)(to - from);
  j->p = to;
  snNumReal(from, j->len, &j->d);
  return jsonDone(j, from, JSON_REAL);
}

/* Point and exponent; p stands behind the whole part, whose digits are in
** v unless there were more than 15. */
static JsonEvent jsonPart(Json *j, const char *from, const char *p, u64 v) {
  const char *end = j->end, *digits;
  size_t whole = (size_t)(p - from), n = 0;
  if (p < end && *p == '.') {
    for (digits = ++p; jsonIsDigit(p, end); p++) {
      v = v * 10 + (u64)(*p - '0');
    }
    n = (size_t)(p - digits);
    if (!n) return jsonFail(j, p, "a digit must follow the point");
  }
  if (p < end && (*p == 'e' || *p == 'E')) {
    if (++p < end && (*p == '+' || *p == '-')) p++;
    if (!jsonIsDigit(p, end)) {
      return jsonFail(j, p, "a digit must follow the exponent");
    }
    while (jsonIsDigit(p, end)) p++;
    return jsonReal(j, from, p);
  }
  if (whole + n > 15) return jsonReal(j, from, p);
  j->d = snNumUnscaled((i64)v, (u32)n); /* exact: v is below 10^15 */
  if (*from == '-') j->d = -j->d;
  j->text = from;
  j->len = (size_t)(p - from);
  j->p = p;
  return jsonDone(j, from, JSON_REAL);
}

static JsonEvent jsonNumber(Json *j, const char *from) {
  const char *p = from, *end = j->end, *digits;
  bool neg = *p == '-';
  u64 v = 0;
  digits = p += neg;
  for (; jsonIsDigit(p, end); p++) v = v * 10 + (u64)(*p - '0');
  if (p == digits) return jsonFail(j, p, "a digit must follow the sign");
  if (*digits == '0' && p - digits > 1) {
    return jsonFail(j, digits, "a number begins with 0");
  }
  if (p < end && (*p == '.' || *p == 'e' || *p == 'E')) {
    return jsonPart(j, from, p, v);
  }
  if (p - digits > 19 || v > (u64)INT64_MAX + neg) {
    return jsonReal(j, from, p);
  }
  j->i = (i64)(neg ? 0 - v : v);
  j->d = (double)j->i;
  j->text = from;
  j->len = (size_t)(p - from);
  j->p = p;
  return jsonDone(j, from, JSON_INT);
}

/* ---- Events ------------------------------------------------------------- */

static inline bool jsonInObject(const Json *j) {
  return snBit(j->stack, j->depth - 1);
}

static JsonEvent jsonOpen(Json *j, const char *p, bool object) {
  if (j->depth >= j->most) return jsonFail(j, p, "nested too deeply");
  if (object) snBitSet(j->stack, j->depth);
  else snBitClear(j->stack, j->depth);
  j->depth++;
  j->p = p + 1;
  jsonDone(j, p, JSON_OBJECT);
  j->state = object ? JSON_AT_OPEN : JSON_AT_FIRST;
  return object ? JSON_OBJECT : JSON_ARRAY;
}

static JsonEvent jsonClose(Json *j, const char *p) {
  bool object = jsonInObject(j);
  j->depth--;
  j->p = p + 1;
  return jsonDone(j, p, object ? JSON_OBJECT_END : JSON_ARRAY_END);
}

static JsonEvent jsonValue(Json *j, const char *p) {
  if (p == j->end) return jsonFail(j, p, "a value is missing");
  switch (*p) {
    case '"':
      return jsonString(j, p) ? jsonDone(j, p, JSON_STRING) : JSON_ERROR;
    case '{': return jsonOpen(j, p, true);
    case '[': return jsonOpen(j, p, false);
    case 't': return jsonWord(j, p, "true", 4, JSON_TRUE);
    case 'f': return jsonWord(j, p, "false", 5, JSON_FALSE);
    case 'n': return jsonWord(j, p, "null", 4, JSON_NULL);
    case '-': case '0': case '1': case '2': case '3': case '4': case '5':
    case '6': case '7': case '8': case '9': return jsonNumber(j, p);
    default: return jsonFail(j, p, "no JSON value");
  }
}

static JsonEvent jsonKey(Json *j, const char *p) {
  const char *at = p;
  if (p == j->end) return jsonFail(j, p, "an object does not end");
  if (*p != '"') return jsonFail(j, p, "a name in quotes is missing");
  if (!jsonString(j, p)) return JSON_ERROR;
  jsonDone(j, at, JSON_KEY);
  p = j->p;
  if (p == j->end || *p != ':') p = jsonBlank(p, j->end);
  if (p == j->end || *p != ':') return jsonFail(j, p, "a colon is missing");
  j->p = p + 1;
  j->state = JSON_AT_VALUE;
  return JSON_KEY;
}

/* Behind a value. */
static JsonEvent jsonAfter(Json *j, const char *p) {
  bool object;
  if (!j->depth) {
    if (p < j->end) return jsonFail(j, p, "something behind the value");
    j->state = JSON_AT_END;
    return JSON_END;
  }
  object = jsonInObject(j);
  if (p == j->end) {
    return jsonFail(j, p, object ? "an object does not end"
                                 : "an array does not end");
  }
  if (*p == ',') {
    p = jsonBlank(p + 1, j->end);
    return object ? jsonKey(j, p) : jsonValue(j, p);
  }
  if (*p == (object ? '}' : ']')) return jsonClose(j, p);
  return jsonFail(j, p, "a comma is missing");
}

JsonEvent snJsonNext(Json *j) {
  const char *p = jsonBlank(j->p, j->end);
  if (SN_UNLIKELY(p >= j->look) && p < j->end && jsonStop(j, p))
    return jsonFail(j, p, "interrupted");
  switch (j->state) {
    case JSON_AT_AFTER: return jsonAfter(j, p);
    case JSON_AT_VALUE: return jsonValue(j, p);
    case JSON_AT_FIRST:
      if (p < j->end && *p == ']') return jsonClose(j, p);
      return jsonValue(j, p);
    case JSON_AT_OPEN:
      if (p < j->end && *p == '}') return jsonClose(j, p);
      return jsonKey(j, p);
    case JSON_AT_END: return JSON_END;
    default: return JSON_ERROR;
  }
}

bool snJsonIsKey(Json *j, const char *key, size_t n) {
  const char *p = jsonBlank(j->p, j->end);
  if (j->state == JSON_AT_AFTER) {
    if (p == j->end || *p != ',' || !j->depth || !jsonInObject(j)) return false;
    p = jsonBlank(p + 1, j->end);
  } else if (j->state != JSON_AT_OPEN) {
    return false;
  }
  if ((size_t)(j->end - p) < n + 3 || *p != '"' || p[n + 1] != '"' ||
      memcmp(p + 1, key, n)) {
    return false;
  }
  p = jsonBlank(p + n + 2, j->end);
  if (p == j->end || *p != ':') return false;
  j->p = p + 1;
  j->state = JSON_AT_VALUE;
  return true;
}

bool snJsonSkip(Json *j) {
  u32 depth = j->depth;
  size_t from = j->raw_from;
  bool check_only = j->check_only;
  if (j->state != JSON_AT_FIRST && j->state != JSON_AT_OPEN) {
    return j->state != JSON_AT_ERROR;
  }
  j->check_only = true;
  while (j->depth >= depth && snJsonNext(j) != JSON_ERROR) continue;
  j->check_only = check_only;
  if (j->state == JSON_AT_ERROR) return false;
  j->raw_from = from;
  return true;
}

bool snJsonValid(const char *p, size_t n, Budget *b) {
  Json j;
  JsonEvent e;
  snJsonInit(&j, p, n, b);
  j.check_only = true;
  do e = snJsonNext(&j);
  while (e != JSON_END && e != JSON_ERROR);
  snJsonClear(&j);
  return e == JSON_END;
}

#undef JSON_DEPTH
#undef JSON_ALL
