/*
** cut_net: words, but addresses of the net stay whole: scheme://... and
** name@host.
**
** (1) An address is found by its sign, :// or @, and grows from there to both
**     sides: at most CUT_NET_NAME bytes to the left.  What lies between two
**     addresses is cut like any text; so the time is that of the text.
** (2) Addresses are ASCII; a host in an e-mail has a point in it.
*/
#include "text/textInt.h"

#define CUT_NET_NAME 64

static bool cutNetAlnum(u8 c) {
  return (u8)(c - '0') < 10 || (u8)((c | 0x20) - 'a') < 26;
}

static bool cutNetLocal(u8 c) {
  return cutNetAlnum(c) || (c && strchr(".!#$%&'*+/=?^_`{|}~-", c));
}

/* a-b.c.org: the end, or p when it has no point. */
static const u8 *cutNetHost(const u8 *p, const u8 *end) {
  const u8 *q = p, *good = p;
  u32 points = 0;
  while (q < end && cutNetAlnum(*q)) {
    while (q < end && (cutNetAlnum(*q) || *q == '-')) q++;
    while (q[-1] == '-') q--;
    if (points) good = q;
    if (q == end || *q != '.') break;
    points++;
    q++;
  }
  return good;
}

/* The address with an @ at `sign`: sets its ends. */
static bool cutNetMail(const u8 *from, const u8 *sign, const u8 *end,
    const u8 **start, const u8 **stop) {
  const u8 *p = sign;
  while (p > from && sign - p < CUT_NET_NAME && cutNetLocal(p[-1])) p--;
  while (p < sign && !cutNetAlnum(*p)) p++;
  *start = p;
  *stop = cutNetHost(sign + 1, end);
  return p < sign && sign[-1] != '.' && *stop > sign + 1;
}

/* The address with :// at `sign`. */
static bool cutNetUrl(const u8 *from, const u8 *sign, const u8 *end,
    const u8 **start, const u8 **stop) {
  const u8 *p = sign, *q = sign + 3;
  while (p > from && sign - p < CUT_NET_NAME &&
      (cutNetAlnum(p[-1]) || p[-1] == '+' || p[-1] == '-')) p--;
  while (p < sign && (u8)((*p | 0x20) - 'a') > 25) p++;
  while (q < end && *q > ' ' && *q < 0x7f && !strchr("<>\"{}|\\^`", *q)) q++;
  while (q > sign + 3 && strchr(".,;:!?)]'", q[-1])) q--;
  *start = p;
  *stop = q;
  return p < sign && q > sign + 3;
}

static void cutNetWords(Cutter *c, const u8 *text, const u8 *p,
    const u8 *end, Tokens *t) {
  u32 first = t->n, skip = (u32)(p - text);
  if (p >= end || t->rc) return;
  snCutWord(c, TEXT_WORDS | TEXT_AS_IT_IS, p, (size_t)(end - p), t);
  for (u32 i = first; i < t->n; i++) {
    t->from[i] += skip;
    t->to[i] += skip;
  }
}

void snCutNetUrl(Cutter *c, const ChainStep *s, const u8 *text, size_t n,
    Tokens *t) {
  const u8 *p = text, *end = text + n, *done = text, *start, *stop;
  (void)s;
  while (p < end && !t->rc) {
    bool url = *p == ':' && end - p > 3 && p[1] == '/' && p[2] == '/';
    bool found = url ? cutNetUrl(done, p, end, &start, &stop)
        : *p == '@' && cutNetMail(done, p, end, &start, &stop);
    if (!found) {
      p++;
      continue;
    }
    cutNetWords(c, text, done, start, t);
    size_t at = t->bytes.n;
    snBufAdd(&t->bytes, start, (size_t)(stop - start));
    snTokensPieces(t, at, start, (u32)(start - text), (u32)(stop - text));
    done = p = stop;
  }
  cutNetWords(c, text, done, end, t);
}

#undef CUT_NET_NAME
