/*
** utf.c: UTF-8 in and out, letter case, folding, widths; ASCII names.
**
** (1) Nothing here fails on bad bytes.  A byte that begins no well-formed
**     sequence (RFC 3629: shortest form, no surrogates, at most U+10FFFF)
**     counts as one code point U+FFFD.  Lower, Upper and Fold copy it as it
**     is, so that no function destroys what it does not understand.
** (2) Runs of ASCII never reach utf8proc.
** (3) Fold takes diacritics away, not letters: vowel signs of the Indic
**     scripts, Thai vowels and the voicing marks of kana stay.
*/
#include "base/base.h"
#include <utf8proc.h>

#define UTF_HIGH 0x8080808080808080ull
#define UTF_BAD  0xfffdu

/* ---- Decoding ----------------------------------------------------------- */

static inline bool utfTail(u8 c) { return (c & 0xc0) == 0x80; }

u32 snUtfGet(const u8 *p, const u8 *end, u32 *len) {
  size_t left = (size_t)(end - p);
  u32 c = p[0];
  *len = 1;
  if (c < 0x80) return c;
  if (c < 0xc2 || c > 0xf4) return UTF_BAD;
  if (left < 2 || !utfTail(p[1])) return UTF_BAD;
  if (c < 0xe0) {
    *len = 2;
    return (c & 0x1f) << 6 | (p[1] & 0x3fu);
  }
  if (left < 3 || !utfTail(p[2])) return UTF_BAD;
  if (c < 0xf0) {
    c = (c & 0xf) << 12 | (p[1] & 0x3fu) << 6 | (p[2] & 0x3fu);
    if (c < 0x800 || (c >= 0xd800 && c <= 0xdfff)) return UTF_BAD;
    *len = 3;
    return c;
  }
  if (left < 4 || !utfTail(p[3])) return UTF_BAD;
  c = (c & 7) << 18 | (p[1] & 0x3fu) << 12 | (p[2] & 0x3fu) << 6 |
      (p[3] & 0x3fu);
  if (c < 0x10000 || c > 0x10ffff) return UTF_BAD;
  *len = 4;
  return c;
}

u32 snUtfPut(u8 *p, u32 c) {
  if (c < 0x80) {
    p[0] = (u8)c;
    return 1;
  }
  if (c < 0x800) {
    p[0] = (u8)(0xc0 | c >> 6);
    p[1] = (u8)(0x80 | (c & 0x3f));
    return 2;
  }
  if (c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff)) c = UTF_BAD;
  if (c < 0x10000) {
    p[0] = (u8)(0xe0 | c >> 12);
    p[1] = (u8)(0x80 | (c >> 6 & 0x3f));
    p[2] = (u8)(0x80 | (c & 0x3f));
    return 3;
  }
  p[0] = (u8)(0xf0 | c >> 18);
  p[1] = (u8)(0x80 | (c >> 12 & 0x3f));
  p[2] = (u8)(0x80 | (c >> 6 & 0x3f));
  p[3] = (u8)(0x80 | (c & 0x3f));
  return 4;
}

/* The first byte of [p, end) that is not ASCII, or end. */
static const u8 *utfAscii(const u8 *p, const u8 *end) {
  while (end - p >= 8 && !(snGet64(p) & UTF_HIGH)) p += 8;
  while (p < end && *p < 0x80) p++;
  return p;
}

bool snUtfValid(const void *text, size_t n) {
  const u8 *p = text, *end;
  u32 len;
  if (!n) return true;
  end = p + n;
  while ((p = utfAscii(p, end)) < end) {
    do {
      snUtfGet(p, end, &len);
      if (len == 1) return false;
      p += len;
    } while (p < end && *p >= 0x80);
  }
  return true;
}

u32 snUtfCount(const void *text, size_t n) {
  const u8 *p = text, *end, *q;
  size_t count = 0;
  u32 len;
  if (!n) return 0;
  end = p + n;
  while (p < end) {
    q = utfAscii(p, end);
    count += (size_t)(q - p);
    for (p = q; p < end && *p >= 0x80; p += len, count++) {
      snUtfGet(p, end, &len);
    }
  }
  return (u32)count;
}

size_t snUtfOffset(const void *text, size_t n, u32 k) {
  const u8 *p = text, *end, *q;
  u32 len;
  if (!n) return 0;
  end = p + n;
  while (p < end && k) {
    q = utfAscii(p, end);
    if ((size_t)(q - p) >= k) {
      p += k;
      break;
    }
    k -= (u32)(q - p);
    for (p = q; p < end && k && *p >= 0x80; p += len, k--) {
      snUtfGet(p, end, &len);
    }
  }
  return (size_t)(p - (const u8 *)text);
}

/* ---- Case and folding --------------------------------------------------- */

static void utfAppend(Buf *b, u32 c) {
  u8 tmp[4];
  u32 n = snUtfPut(tmp, c);
  snBufAdd(b, tmp, n);
}

static void utfAsciiLower(Buf *b, const u8 *p, size_t n) {
  u8 *to = snBufSpace(b, n);
  if (!to) return;
  for (size_t i = 0; i < n; i++) {
    u8 c = p[i];
    to[i] = (u8)(c ^ ((u8)(c - 'A') < 26 ? 0x20 : 0));
  }
}

static void utfAsciiUpper(Buf *b, const u8 *p, size_t n) {
  u8 *to = snBufSpace(b, n);
  if (!to) return;
  for (size_t i = 0; i < n; i++) {
    u8 c = p[i];
    to[i] = (u8)(c ^ ((u8)(c - 'a') < 26 ? 0x20 : 0));
  }
}

static u32 utfLowerOne(u32 c) {
  return (u32)utf8proc_tolower((utf8proc_int32_t)c);
}

/* The simple mapping of sharp s is itself; utf8proc has the capital one. */
static u32 utfUpperOne(u32 c) {
  return c == 0xdf ? c : (u32)utf8proc_toupper((utf8proc_int32_t)c);
}

/* The dotted capital and the dotless small i are nobody's other case, as
** Unicode's own folding has it outside of Turkish. */
u32 snUtfCase(u32 c) {
  if (c == 0x130 || c == 0x131) return c;
  return utfLowerOne(utfUpperOne(c));
}

const char *snUtfCategory(u32 c) {
  return utf8proc_category_string((utf8proc_int32_t)c);
}

/* Neighbours mostly share their properties too, which costs less to see; and
** planes 4 to 13 hold nothing. */
u32 snUtfCategoryEnd(u32 c) {
  const utf8proc_property_t *is = utf8proc_get_property((utf8proc_int32_t)c);
  const utf8proc_property_t *next = is;
  while (c <= 0x10ffff && (next == is || next->category == is->category)) {
    if (c == 0x40000) c = 0xdffff;
    next = utf8proc_get_property((utf8proc_int32_t)++c);
  }
  return c;
}

static void utfLowerPoint(Buf *b, u32 c) { utfAppend(b, utfLowerOne(c)); }
static void utfUpperPoint(Buf *b, u32 c) { utfAppend(b, utfUpperOne(c)); }

/* Sends runs of ASCII to run() and each other code point to point(). */
static void utfMap(Buf *b, const char *text, size_t n,
    void (*run)(Buf *, const u8 *, size_t), void (*point)(Buf *, u32)) {
  const u8 *p = (const u8 *)text, *end, *q;
  u32 len, c;
  if (!n) return;
  end = p + n;
  while (p < end) {
    q = utfAscii(p, end);
    if (q > p) run(b, p, (size_t)(q - p));
    for (p = q; p < end && *p >= 0x80; p += len) {
      c = snUtfGet(p, end, &len);
      if (len == 1) snBufByte(b, *p);
      else point(b, c);
    }
  }
}

void snUtfLower(Buf *b, const char *p, size_t n) {
  utfMap(b, p, n, utfAsciiLower, utfLowerPoint);
}

void snUtfUpper(Buf *b, const char *p, size_t n) {
  utfMap(b, p, n, utfAsciiUpper, utfUpperPoint);
}

/* A mark that only decorates the letter before it: overlays, Hebrew and
** Arabic points, everything attached above or below; enclosing marks and
** variation selectors.  Combining classes 7, 8, 9, those of the Thai, Lao and
** Tibetan vowels, and 0 make letters of their own. */
static bool utfDiacritic(u32 c) {
  const utf8proc_property_t *t;
  unsigned k;
  if (c < 0x300) return false;
  if ((c >= 0xfe00 && c <= 0xfe0f) || c == 0x34f ||
      (c >= 0xe0100 && c <= 0xe01ef)) {
    return true;
  }
  t = utf8proc_get_property((utf8proc_int32_t)c);
  if (t->category == UTF8PROC_CATEGORY_ME) return true;
  k = (unsigned)t->combining_class;
  return k == 1 || (k >= 10 && k <= 36) || k >= 200;
}

/* Lower-case letters that Unicode does not decompose, sorted. */
static const struct UtfLetter {
  u16 from;
  char to[3];
} utfLetters[] = {
    {0x00df, "ss"}, {0x00e6, "ae"}, {0x00f0, "d"},  {0x00f8, "o"},
    {0x00fe, "th"}, {0x0111, "d"},  {0x0127, "h"},  {0x0131, "i"},
    {0x0142, "l"},  {0x0153, "oe"}, {0x0167, "t"},
};

static void utfFoldOne(Buf *b, u32 c) {
  c = utfLowerOne(c);
  if (c >= 0xdf && c <= 0x167) {
    for (u32 i = 0; i < SN_COUNT(utfLetters); i++) {
      if (utfLetters[i].from != c) continue;
      snBufStr(b, utfLetters[i].to);
      return;
    }
  }
  if (c == 0x3c2) c = 0x3c3; /* the sigma at the end of a word */
  utfAppend(b, c);
}

static bool utfIsJamo(u32 c) { return c >= 0x1100 && c <= 0x11ff; }

/* NFKD of one code point without its diacritics.  Where a canonical
** decomposition loses nothing (Hangul, voiced kana), the code point stays
** whole: a term is no longer than what a person sees. */
static void utfFoldPoint(Buf *b, u32 c) {
  utf8proc_int32_t part[32];
  utf8proc_ssize_t n;
  int bound = 0;
  bool dropped = false, letters = true;
  if (c >= 0xac00 && c <= 0xd7a3) {
    utfAppend(b, c);
    return;
  }
  n = utf8proc_decompose_char((utf8proc_int32_t)c, part, SN_COUNT(part),
      UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT, &bound);
  if (n < 0 || n > (utf8proc_ssize_t)SN_COUNT(part)) {
    utfFoldOne(b, c);
    return;
  }
  for (utf8proc_ssize_t i = 0; i < n; i++) {
    u32 d = (u32)part[i];
    if (utfDiacritic(d)) dropped = true;
    else if (utf8proc_get_property(part[i])->combining_class) letters = false;
    else if (utfIsJamo(d) && n > 1) letters = false;
  }
  if (!dropped && !letters && n > 1) {
    utfFoldOne(b, c);
    return;
  }
  for (utf8proc_ssize_t i = 0; i < n; i++) {
    if (!utfDiacritic((u32)part[i])) utfFoldOne(b, (u32)part[i]);
  }
}

void snUtfFold(Buf *b, const char *p, size_t n) {
  utfMap(b, p, n, utfAsciiLower, utfFoldPoint);
}

/* ---- ASCII names -------------------------------------------------------- */

static inline int utfAsciiFold(char c) {
  u8 x = (u8)c;
  return (u8)(x - 'A') < 26 ? x | 0x20 : x;
}

int snAsciiCmp(const char *a, size_t na, const char *b, size_t nb) {
  size_t n = SN_MIN(na, nb);
  for (size_t i = 0; i < n; i++) {
    int d = utfAsciiFold(a[i]) - utfAsciiFold(b[i]);
    if (d) return d;
  }
  return na < nb ? -1 : na > nb;
}

#define UTF_NAME_MAX 64u

/* One row of the usual table; names longer than it are simply far apart. */
u32 snAsciiDistance(const char *a, const char *b) {
  u32 row[UTF_NAME_MAX + 1], diag, up;
  size_t na = strlen(a), nb = strlen(b);
  if (na > UTF_NAME_MAX || nb > UTF_NAME_MAX) {
    return (u32)SN_MIN(SN_MAX(na, nb), (size_t)UINT32_MAX);
  }
  for (u32 k = 0; k <= nb; k++) row[k] = k;
  for (u32 i = 1; i <= na; i++) {
    diag = row[0];
    row[0] = i;
    for (u32 k = 1; k <= nb; k++) {
      u32 same = utfAsciiFold(a[i - 1]) == utfAsciiFold(b[k - 1]) ? 0 : 1;
      up = row[k];
      row[k] = SN_MIN(diag + same, SN_MIN(up, row[k - 1]) + 1);
      diag = up;
    }
  }
  return row[nb];
}

void snUtf8Whole(char *text) {
  u32 n = 0;
  for (const char *s = text; *s;) {
    u8 c = (u8)*s;
    u32 want = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4, have = 1;
    while (have < want && ((u8)s[have] & 0xc0) == 0x80) have++;
    if (have == want) {
      memmove(text + n, s, want);
      n += want;
    }
    s += have;
  }
  text[n] = 0;
}

#undef UTF_HIGH
#undef UTF_BAD
#undef UTF_NAME_MAX
