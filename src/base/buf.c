/*
** buf: growable bytes with a sticky error, and the quoting of text.
**
** (1) Either data is NULL and cap 0, or data has cap bytes and n < cap:
**     there is always room for a 0 byte.
** (2) After an error nothing is added; what was there stays readable.
*/
#include "base/base.h"

#define BUF_LEAST 64u

void snBufInit(Buf *b, Budget *budget) {
  memset(b, 0, sizeof *b);
  b->budget = budget;
}

void snBufClear(Buf *b) {
  snMemFree(b->data);
  snBufInit(b, b->budget);
}

/* Room for n more bytes and a 0 byte. */
static bool bufReserve(Buf *b, size_t n) {
  size_t need, cap;
  u8 *p;
  if (b->rc) return false;
  if (SN_LIKELY(n < b->cap - b->n)) return true;
  if (n >= (size_t)PTRDIFF_MAX - b->n) {
    b->rc = SN_NOMEM;
    return false;
  }
  need = b->n + n + 1;
  cap = SN_MAX(b->cap + b->cap / 2, (size_t)BUF_LEAST);
  cap = SN_MAX(cap, need);
  p = snMemRealloc(b->budget, b->data, cap);
  if (!p) {
    b->rc = SN_NOMEM;
    return false;
  }
  b->data = p;
  b->cap = cap;
  return true;
}

u8 *snBufSpace(Buf *b, size_t n) {
  u8 *p;
  if (!bufReserve(b, n)) return NULL;
  p = b->data + b->n;
  b->n += n;
  return p;
}

void snBufAdd(Buf *b, const void *p, size_t n) {
  u8 *to = snBufSpace(b, n);
  if (to && n) memcpy(to, p, n);
}

void snBufStr(Buf *b, const char *s) {
  snBufAdd(b, s, strlen(s));
}

void snBufByte(Buf *b, u8 c) {
  u8 *to = snBufSpace(b, 1);
  if (to) *to = c;
}

void snBufZero(Buf *b, size_t n) {
  u8 *to = snBufSpace(b, n);
  if (to) memset(to, 0, n);
}

void snBufAlign(Buf *b, size_t to) {
  assert(to > 0);
  if (b->n % to) snBufZero(b, to - b->n % to);
}

void snBufU16(Buf *b, u16 v) {
  u8 *to = snBufSpace(b, 2);
  if (to) snPut16(to, v);
}

void snBufU32(Buf *b, u32 v) {
  u8 *to = snBufSpace(b, 4);
  if (to) snPut32(to, v);
}

void snBufU64(Buf *b, u64 v) {
  u8 *to = snBufSpace(b, 8);
  if (to) snPut64(to, v);
}

void snBufVarint(Buf *b, u64 v) {
  if (bufReserve(b, 10)) b->n += snVarintPut(b->data + b->n, v);
}

void snBufVprintf(Buf *b, const char *fmt, va_list ap) {
  va_list again;
  int n;
  if (!bufReserve(b, 0)) return;
  va_copy(again, ap);
  n = vsnprintf((char *)b->data + b->n, b->cap - b->n, fmt, ap);
  if (n < 0) {
    b->rc = SN_NOMEM;
  } else if ((size_t)n < b->cap - b->n) {
    b->n += (size_t)n;
  } else if (bufReserve(b, (size_t)n)) {
    vsnprintf((char *)b->data + b->n, (size_t)n + 1, fmt, again);
    b->n += (size_t)n;
  }
  va_end(again);
}

void snBufPrintf(Buf *b, const char *fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  snBufVprintf(b, fmt, ap);
  va_end(ap);
}

const char *snBufText(Buf *b) {
  if (!bufReserve(b, 0)) return "";
  b->data[b->n] = 0;
  return (const char *)b->data;
}

char *snBufDup(Buf *b, Arena *a) {
  const char *text = snBufText(b);
  return b->rc ? NULL : snArenaDup(a, text, b->n);
}

/* Appends the text between two quotes, with each quote inside doubled. */
static void bufQuoted(Buf *b, const char *s, size_t n, char quote) {
  size_t from = 0, i;
  snBufByte(b, (u8)quote);
  for (i = 0; i < n; i++) {
    if (s[i] != quote) continue;
    snBufAdd(b, s + from, i + 1 - from);
    from = i;
  }
  if (n > from) snBufAdd(b, s + from, n - from);
  snBufByte(b, (u8)quote);
}

void snBufSqlText(Buf *b, const char *s, size_t n) {
  bufQuoted(b, s, n, '\'');
}

void snBufSqlName(Buf *b, const char *s, size_t n) {
  bufQuoted(b, s, n, '"');
}

/* The letter behind the backslash, 'u' for the long form, 0 for none. */
static char bufJsonEscape(u8 c) {
  switch (c) {
    case '"': case '\\': return (char)c;
    case '\b': return 'b';
    case '\f': return 'f';
    case '\n': return 'n';
    case '\r': return 'r';
    case '\t': return 't';
    default: return c < 0x20 ? 'u' : 0;
  }
}

static void bufJsonByte(Buf *b, u8 c, char escape) {
  static const char digits[] = "0123456789abcdef";
  u8 text[6] = {'\\', (u8)escape, '0', '0', 0, 0};
  if (escape == 'u') {
    text[4] = (u8)digits[c >> 4];
    text[5] = (u8)digits[c & 15];
  }
  snBufAdd(b, text, escape == 'u' ? 6 : 2);
}

/* Bytes that are not UTF-8 become U+FFFD, so that the result is JSON
** whatever the text was. */
void snBufJson(Buf *b, const char *s, size_t n) {
  const u8 *p = (const u8 *)s, *end, *from = p;
  u32 len;
  snBufByte(b, '"');
  for (end = n ? p + n : p; p < end; p += len) {
    char escape = bufJsonEscape(*p);
    bool bad = false;
    len = 1;
    if (*p >= 0x80) bad = snUtfGet(p, end, &len) == 0xfffd && len == 1;
    if (!escape && !bad) continue;
    snBufAdd(b, from, (size_t)(p - from));
    if (bad) snBufAdd(b, "\xef\xbf\xbd", 3);
    if (escape) bufJsonByte(b, *p, escape);
    from = p + 1;
  }
  if (end > from) snBufAdd(b, from, (size_t)(end - from));
  snBufByte(b, '"');
}

#undef BUF_LEAST
