/*
** cut_misc: the cutters that look at no letters: blanks and the whole text.
**
** (1) Blanks are the code points with the Unicode property White_Space.  NUL
**     and bytes that are no UTF-8 part words too, so that a token is always
**     well-formed.
** (2) The whole text is taken as it is, whatever its bytes.
*/
#include "text/textInt.h"

static bool cutMiscIsBlank(u32 c) {
  if (c <= 0x20) return c == 0x20 || (c >= 9 && c <= 13) || c == 0;
  if (c < 0x1680) return c == 0x85 || c == 0xa0;
  return c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x2028 ||
      c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

/* Bytes of the blank at p, 0 when there is none. */
static u32 cutMiscBlank(const u8 *p, const u8 *end, u32 *len) {
  u32 c = snUtfGet(p, end, len);
  if (*p >= 0x80 && *len == 1) return 1;
  return cutMiscIsBlank(c) ? *len : 0;
}

static void cutMiscAdd(const u8 *text, const u8 *p, const u8 *end,
    Tokens *t) {
  size_t at = t->bytes.n;
  snBufAdd(&t->bytes, p, (size_t)(end - p));
  snTokensPieces(t, at, p, (u32)(p - text), (u32)(end - text));
}

void snCutMiscBlanks(const u8 *text, size_t n, Tokens *t) {
  const u8 *p = text, *end, *start;
  u32 len, blank;
  if (!n) return;
  end = p + n;
  while (p < end && !t->rc) {
    if ((blank = cutMiscBlank(p, end, &len)) != 0) {
      p += blank;
      continue;
    }
    for (start = p; p < end; p += len) {
      if (*p > 0x20 && *p < 0x80) len = 1;
      else if (cutMiscBlank(p, end, &len)) break;
    }
    cutMiscAdd(text, start, p, t);
  }
}

void snCutMiscWhole(const u8 *text, size_t n, Tokens *t) {
  if (n) cutMiscAdd(text, text, text + n, t);
}
