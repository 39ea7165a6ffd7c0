/*
** kern_str: functions of text.  Positions and lengths count code points, as
** in SQLite; positions begin with 1.
**
** (1) A result that is a piece of its argument points into it.
** (2) Text without a byte over 0x7f never goes through the Unicode tables.
** (3) What can multiply its input (repeat, pad, replace) checks the size
**     before it builds.
** (4) What takes longer the longer the text is asks now and then whether to
**     end: by strides, or by steps where a character takes several.
*/
#include "vm/kern.h"

#define KERN_STR_LEFT  1
#define KERN_STR_RIGHT 2
#define KERN_STR_FAR   (1ll << 40) /* farther than any position */

/* ---- Lengths ------------------------------------------------------------ */

static int kernStrLength(KERN_ARGS) {
  i64 *o = out->data;
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k);
    Str s = snKernStr(&args[0], i);
    o[i] = snKernCount(c, s);
  }
  return SEINE_OK;
}

static int kernStrBytes(KERN_ARGS) {
  i64 *o = out->data;
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k);
    o[i] = snKernStr(&args[0], i).n;
  }
  return SEINE_OK;
}

/* ---- Case --------------------------------------------------------------- */

#define KERN_STR_ONES 0x0101010101010101ull

/* Flips the case of the 26 letters from `first` on.  All bytes are ASCII, so
** that eight sums at once never carry into each other: bit 7 of the first
** says "not below first", bit 7 of the second "behind the last". */
static void kernStrAsciiCase(u8 *to, const u8 *p, u32 n, u8 first) {
  u64 from = KERN_STR_ONES * (0x80u - first);
  u64 behind = KERN_STR_ONES * (0x80u - first - 26);
  u32 i = 0;
  for (; i + 8 <= n; i += 8) {
    u64 x = snGet64(p + i);
    u64 letters = (x + from) & ~(x + behind) & KERN_STR_ONES * 0x80;
    snPut64(to + i, x ^ letters >> 2);
  }
  for (; i < n; i++) {
    u8 c = p[i];
    to[i] = (u8)(c ^ ((u8)(c - first) < 26 ? 0x20 : 0));
  }
}

static void kernStrAsciiAll(FuncCtx *c, u8 *to, Str s, u8 first) {
  for (u32 at = 0, n; at < s.n; at += n) {
    n = SN_MIN(s.n - at, SN_STRIDE);
    kernStrAsciiCase(to + at, s.p + at, n, first);
    if (snKernStop(c, n)) return;
  }
}

static bool kernStrIsAscii(FuncCtx *c, Str s) {
  for (u32 at = 0, n; at < s.n; at += n) {
    n = SN_MIN(s.n - at, SN_STRIDE);
    if (!snKernIsAscii(s.p + at, n)) return false;
    if (snKernStop(c, n)) break;
  }
  return true;
}

/* What fn appends for each stride becomes element i. */
static int kernStrMap(FuncCtx *c, Str s,
    void (*fn)(Buf *b, const char *p, size_t n), Vec *out, u32 i) {
  Buf *b = snKernScratch(c);
  snKernRoom(b, s.n);
  for (u32 at = 0, n; at < s.n; at += n) {
    n = snKernCut(s.p + at, s.n - at);
    fn(b, (const char *)s.p + at, n);
    if (b->rc || snKernStop(c, n)) break;
  }
  return snKernTake(c, out, i);
}

static int kernStrCase(FuncCtx *c, const Vec *args, Rows16 rows, Vec *out,
    bool upper) {
  Str *o = out->data;
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k);
    Str s = snKernStr(&args[0], i);
    o[i] = (Str){NULL, 0, 0};
    if (!s.n) continue;
    if (kernStrIsAscii(c, s)) {
      u8 *to = snArenaBytes(c->arena, s.n);
      if (!to) return SN_NOMEM;
      kernStrAsciiAll(c, to, s, upper ? 'a' : 'A');
      o[i] = (Str){to, s.n, 0};
    } else {
      int rc = kernStrMap(c, s, upper ? snUtfUpper : snUtfLower, out, i);
      if (rc) return rc;
    }
  }
  return SEINE_OK;
}

static int kernStrLower(KERN_ARGS) {
  return kernStrCase(c, args, rows, out, false);
}

static int kernStrUpper(KERN_ARGS) {
  return kernStrCase(c, args, rows, out, true);
}

static int kernStrFold(KERN_ARGS) {
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k);
    Str s = snKernStr(&args[0], i);
    int rc = kernStrMap(c, s, snUtfFold, out, i);
    if (rc) return rc;
  }
  return SEINE_OK;
}

/* What COLLATE NOCASE compares: ASCII letters in lower case. */
static void kernStrNocaseOne(Buf *b, const char *p, size_t n) {
  u8 *to = snBufSpace(b, n);
  for (size_t j = 0; to && j < n; j++)
    to[j] = (u8)((u8)p[j] | ((u8)((u8)p[j] - 'A') < 26) << 5);
}

static int kernStrNocase(KERN_ARGS) {
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k);
    int rc = kernStrMap(c, snKernStr(&args[0], i), kernStrNocaseOne, out, i);
    if (rc) return rc;
  }
  return SEINE_OK;
}

static bool kernStrInWord(u8 c) {
  return c >= 0x80 || (u8)(c - '0') < 10 || (u8)((c | 0x20) - 'a') < 26;
}

static void kernStrInitcapOne(FuncCtx *c, Buf *b, const u8 *p, u32 n) {
  u32 at = 0, from, len;
  snKernRoom(b, n);
  for (u32 was = 0; at < n && !snKernStop(c, at - was);) {
    was = at;
    from = at;
    while (at < n && !kernStrInWord(p[at])) at++;
    snBufAdd(b, p + from, at - from);
    if (at == n) break;
    snUtfGet(p + at, p + n, &len);
    snUtfUpper(b, (const char *)p + at, len);
    from = at += len;
    while (at < n && kernStrInWord(p[at])) at++;
    snUtfLower(b, (const char *)p + from, at - from);
  }
}

static int kernStrInitcap(KERN_ARGS) {
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k);
    Str s = snKernStr(&args[0], i);
    int rc;
    kernStrInitcapOne(c, snKernScratch(c), s.p, s.n);
    rc = snKernTake(c, out, i);
    if (rc) return rc;
  }
  return SEINE_OK;
}

/* ---- Trimming ----------------------------------------------------------- */

/* Bytes of the character of set at the start (end) of the text, or 0. */
static u32 kernStrTrimOne(Str s, Str set, bool left) {
  const u8 *p = set.p, *end = p + set.n;
  u32 len;
  for (; p < end; p += len) {
    snUtfGet(p, end, &len);
    if (len > s.n) continue;
    if (!memcmp(left ? s.p : s.p + s.n - len, p, len)) return len;
  }
  return 0;
}

static Str kernStrTrimSet(FuncCtx *c, Str s, Str set, int sides) {
  u32 len;
  if (!set.n) return s;
  while (sides & KERN_STR_LEFT && s.n) {
    len = kernStrTrimOne(s, set, true);
    if (!len || snKernStop(c, set.n)) break;
    s.p += len;
    s.n -= len;
  }
  while (sides & KERN_STR_RIGHT && s.n) {
    len = kernStrTrimOne(s, set, false);
    if (!len || snKernStop(c, set.n)) break;
    s.n -= len;
  }
  return s;
}

static Str kernStrTrimByte(FuncCtx *c, Str s, u8 ch, int sides) {
  if (sides & KERN_STR_LEFT) {
    while (s.n && *s.p == ch && !snKernStop(c, 1)) {
      s.p++;
      s.n--;
    }
  }
  if (sides & KERN_STR_RIGHT) {
    while (s.n && s.p[s.n - 1] == ch && !snKernStop(c, 1)) s.n--;
  }
  return s;
}

static int kernStrTrimSides(FuncCtx *c, const Vec *args, u32 n, Rows16 rows,
    Vec *out, int sides) {
  Str *o = out->data;
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k);
    Str s = snKernStr(&args[0], i);
    Str set = {(const u8 *)" ", 1, 0};
    if (n > 1) set = snKernStr(&args[1], i);
    if (set.n == 1) o[i] = kernStrTrimByte(c, s, set.p[0], sides);
    else o[i] = kernStrTrimSet(c, s, set, sides);
  }
  return SEINE_OK;
}

static int kernStrTrim(KERN_ARGS) {
  return kernStrTrimSides(c, args, n, rows, out,
      KERN_STR_LEFT | KERN_STR_RIGHT);
}

static int kernStrLtrim(KERN_ARGS) {
  return kernStrTrimSides(c, args, n, rows, out, KERN_STR_LEFT);
}

static int kernStrRtrim(KERN_ARGS) {
  return kernStrTrimSides(c, args, n, rows, out, KERN_STR_RIGHT);
}

/* ---- Pieces ------------------------------------------------------------- */

/* Characters [from, to) of the text; bytes when it is a BLOB. */
static Str kernStrPiece(FuncCtx *c, Str s, i64 from, i64 to, bool blob) {
  u32 a, b;
  if (from < 0) from = 0;
  if (from >= to || from >= s.n) return (Str){NULL, 0, 0};
  if (to > s.n) to = s.n;
  if (blob) {
    a = (u32)from;
    b = (u32)to;
  } else {
    a = snKernOffset(c, s, (u32)from);
    b = a + snKernOffset(c, (Str){s.p + a, s.n - a, 0}, (u32)(to - from));
  }
  return (Str){s.p + a, b - a, 0};
}

static i64 kernStrNear(i128 x) {
  return (i64)SN_MAX(SN_MIN(x, KERN_STR_FAR), -KERN_STR_FAR);
}

static i64 kernStrCount(FuncCtx *c, Str s, bool blob) {
  return blob ? s.n : snKernCount(c, s);
}

/* SQLite's substr as one rule: the first position, seen from 0, is y - 1, or
** for a negative y that far from the end; the piece is the z positions from
** there on (for a negative z: before there), cut to the text. */
static int kernStrSubstr(KERN_ARGS) {
  Str *o = out->data;
  bool blob = args[0].type == TYPE_BLOB;
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k);
    Str s = snKernStr(&args[0], i);
    i128 y = snKernInt(&args[1], i);
    i128 from = y < 0 ? kernStrCount(c, s, blob) + y : y - 1;
    i128 to = n > 2 ? from + snKernInt(&args[2], i) : KERN_STR_FAR;
    o[i] = kernStrPiece(c, s, kernStrNear(SN_MIN(from, to)),
        kernStrNear(SN_MAX(from, to)), blob);
  }
  return SEINE_OK;
}

/* s[from:to]. */
static int kernStrSlice(KERN_ARGS) {
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k);
    Str s = snKernStr(&args[0], i);
    i64 from = snKernInt(&args[1], i), to = snKernInt(&args[2], i);
    snKernSlice(snKernCount(c, s), &from, &to);
    ((Str *)out->data)[i] = kernStrPiece(c, s, from, to, false);
  }
  return SEINE_OK;
}

/* A negative count leaves out that many at the other end. */
static int kernStrLeft(KERN_ARGS) {
  Str *o = out->data;
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k);
    Str s = snKernStr(&args[0], i);
    i64 count = kernStrNear(snKernInt(&args[1], i));
    if (count < 0) count += kernStrCount(c, s, false);
    o[i] = kernStrPiece(c, s, 0, count, false);
  }
  return SEINE_OK;
}

static int kernStrRight(KERN_ARGS) {
  Str *o = out->data;
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k);
    Str s = snKernStr(&args[0], i);
    i64 count = kernStrNear(snKernInt(&args[1], i));
    i64 all = kernStrCount(c, s, false);
    o[i] = kernStrPiece(c, s, count < 0 ? -count : all - count, all, false);
  }
  return SEINE_OK;
}

/* The first place of t in s, or NULL; an empty t is nowhere. */
static const u8 *kernStrFind(FuncCtx *c, const u8 *p, const u8 *end, Str t) {
  if (!t.n || (size_t)(end - p) < t.n) return NULL;
  const u8 *q = snKernFind(c, (Str){p, (u32)(end - p), 0}, t, NULL);
  return q && snKernStop(c, (size_t)(q - p) + t.n) ? NULL : q;
}

static Str kernStrPart(FuncCtx *c, Str s, Str sep, i64 want) {
  const u8 *p = s.p, *end, *q;
  i64 count = 1;
  if (!s.n || !want) return (Str){NULL, 0, 0};
  end = s.p + s.n;
  if (want < 0) {
    for (q = p; (q = kernStrFind(c, q, end, sep)); q += sep.n) count++;
    if (want < -count) return (Str){NULL, 0, 0};
    want += count + 1;
  }
  while (want > 1) {
    q = kernStrFind(c, p, end, sep);
    if (!q) return (Str){NULL, 0, 0};
    p = q + sep.n;
    want--;
  }
  q = kernStrFind(c, p, end, sep);
  return (Str){p, (u32)((q ? q : end) - p), 0};
}

static int kernStrSplitPart(KERN_ARGS) {
  Str *o = out->data;
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k);
    o[i] = kernStrPart(c, snKernStr(&args[0], i), snKernStr(&args[1], i),
        snKernInt(&args[2], i));
  }
  return SEINE_OK;
}

/* ---- Looking for a text ------------------------------------------------- */

static int kernStrInstr(KERN_ARGS) {
  i64 *o = out->data;
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k);
    Str s = snKernStr(&args[0], i), t = snKernStr(&args[1], i);
    const u8 *q;
    if (!t.n) {
      o[i] = 1;
      continue;
    }
    q = s.n ? kernStrFind(c, s.p, s.p + s.n, t) : NULL;
    o[i] = q ? (i64)snKernCount(c, (Str){s.p, (u32)(q - s.p), 0}) + 1 : 0;
  }
  return SEINE_OK;
}

static int kernStrContains(KERN_ARGS) {
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k);
    Str s = snKernStr(&args[0], i), t = snKernStr(&args[1], i);
    if (!t.n || (s.n && kernStrFind(c, s.p, s.p + s.n, t))) {
      snBitSet(out->data, i);
    }
  }
  return SEINE_OK;
}

static int kernStrStarts(KERN_ARGS) {
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k);
    Str s = snKernStr(&args[0], i), t = snKernStr(&args[1], i);
    if (!t.n || (s.n >= t.n && !memcmp(s.p, t.p, t.n))) {
      snBitSet(out->data, i);
    }
  }
  return SEINE_OK;
}

static int kernStrEnds(KERN_ARGS) {
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k);
    Str s = snKernStr(&args[0], i), t = snKernStr(&args[1], i);
    if (!t.n || (s.n >= t.n && !memcmp(s.p + s.n - t.n, t.p, t.n))) {
      snBitSet(out->data, i);
    }
  }
  return SEINE_OK;
}

/* ---- Building ----------------------------------------------------------- */

static int kernStrReplaceOne(FuncCtx *c, Str s, Str from, Str to) {
  Buf *b = snKernScratch(c);
  if (from.n <= to.n) snKernRoom(b, s.n);
  const u8 *p = s.p, *end = s.p + s.n, *q;
  while ((q = kernStrFind(c, p, end, from))) {
    snKernAdd(c, b, (Str){p, (u32)(q - p), 0});
    snKernAdd(c, b, to);
    if (b->rc) return b->rc;
    if (b->n > snKernMost(c)) return snKernTooBig(c);
    p = q + from.n;
  }
  snKernAdd(c, b, (Str){p, (u32)(end - p), 0});
  return b->rc;
}

/* In s the n characters from `from` on, or as many as with has, give way. */
static int kernStrOverlayOne(FuncCtx *c, Str s, Str with, i64 from, i64 n) {
  Buf *b = snKernScratch(c);
  i64 all = kernStrCount(c, s, false);
  Str head = kernStrPiece(c, s, 0, from - 1, false);
  Str tail = kernStrPiece(c, s, SN_MIN(from - 1, all) + SN_MIN(n, all), all,
      false);
  snKernAdd(c, b, head);
  snKernAdd(c, b, with);
  snKernAdd(c, b, tail);
  if (b->n > snKernMost(c)) return snKernTooBig(c);
  return b->rc;
}

static int kernStrOverlay(KERN_ARGS) {
  int rc = SEINE_OK;
  for (u32 k = 0; k < rows.n && !rc; k++) {
    u32 i = snKernRow(rows, k);
    Str with = snKernStr(&args[1], i);
    i64 from = snKernInt(&args[2], i);
    i64 len = n > 3 ? snKernInt(&args[3], i) : kernStrCount(c, with, false);
    if (from < 1 || len < 0) {
      snKernNull(out, i);
      continue;
    }
    rc = kernStrOverlayOne(c, snKernStr(&args[0], i), with, from, len);
    if (!rc) rc = snKernTake(c, out, i);
  }
  return rc;
}

static int kernStrReplace(KERN_ARGS) {
  Str *o = out->data;
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k);
    Str s = snKernStr(&args[0], i), from = snKernStr(&args[1], i);
    int rc;
    o[i] = s;
    if (!s.n || !kernStrFind(c, s.p, s.p + s.n, from)) continue;
    rc = kernStrReplaceOne(c, s, from, snKernStr(&args[2], i));
    if (!rc) rc = snKernTake(c, out, i);
    if (rc) return rc;
  }
  return SEINE_OK;
}

static void kernStrReverseOne(u8 *to, const u8 *p, u32 n) {
  u32 len;
  if (snKernIsAscii(p, n)) {
    for (u32 at = 0; at < n; at++) to[n - 1 - at] = p[at];
    return;
  }
  for (u32 at = 0; at < n; at += len) {
    snUtfGet(p + at, p + n, &len);
    memcpy(to + n - at - len, p + at, len);
  }
}

static int kernStrReverse(KERN_ARGS) {
  Str *o = out->data;
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k);
    Str s = snKernStr(&args[0], i);
    u8 *to;
    o[i] = (Str){NULL, 0, 0};
    if (!s.n) continue;
    to = snArenaBytes(c->arena, s.n);
    if (!to) return SN_NOMEM;
    for (u32 at = 0, len; at < s.n; at += len) {
      len = snKernCut(s.p + at, s.n - at);
      kernStrReverseOne(to + s.n - at - len, s.p + at, len);
      if (snKernStop(c, len)) break;
    }
    o[i] = (Str){to, s.n, 0};
  }
  return SEINE_OK;
}

static int kernStrRepeat(KERN_ARGS) {
  Str *o = out->data;
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k), at;
    Str s = snKernStr(&args[0], i);
    i64 times = snKernInt(&args[1], i);
    u32 total;
    u8 *to;
    o[i] = (Str){NULL, 0, 0};
    if (!s.n || times <= 0) continue;
    if (times > snKernMost(c) / s.n) return snKernTooBig(c);
    total = s.n * (u32)times;
    to = snArenaBytes(c->arena, total);
    if (!to) return SN_NOMEM;
    for (at = 0; at < total && !c->rc; at += s.n)
      snKernCopy(c, to + at, s.p, s.n);
    o[i] = (Str){to, total, 0};
  }
  return SEINE_OK;
}

/* Appends count characters of the text, from its start again and again. */
static void kernStrFill(FuncCtx *c, Buf *b, Str pad, u32 count) {
  u32 all = snUtfCount(pad.p, pad.n), most = snKernMost(c);
  for (; count >= all; count -= all) {
    snBufAdd(b, pad.p, pad.n);
    if (b->rc || b->n > most || snKernStop(c, pad.n)) return;
  }
  snBufAdd(b, pad.p, snUtfOffset(pad.p, pad.n, count));
}

static int kernStrPad(FuncCtx *c, const Vec *args, u32 n, Rows16 rows,
    Vec *out, bool left) {
  Str *o = out->data;
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k);
    Str s = snKernStr(&args[0], i), pad = {(const u8 *)" ", 1, 0};
    i64 want = kernStrNear(snKernInt(&args[1], i));
    i64 have = kernStrCount(c, s, false);
    Buf *b;
    int rc;
    if (n > 2) pad = snKernStr(&args[2], i);
    if (want <= have || !pad.n) {
      o[i] = kernStrPiece(c, s, 0, want, false);
      continue;
    }
    if (want > snKernMost(c)) return snKernTooBig(c);
    b = snKernScratch(c);
    snKernRoom(b, s.n + (size_t)(want - have));
    if (!left) snKernAdd(c, b, s);
    kernStrFill(c, b, pad, (u32)(want - have));
    if (left) snKernAdd(c, b, s);
    rc = snKernTake(c, out, i);
    if (rc) return rc;
  }
  return SEINE_OK;
}

static int kernStrLpad(KERN_ARGS) {
  return kernStrPad(c, args, n, rows, out, true);
}

static int kernStrRpad(KERN_ARGS) {
  return kernStrPad(c, args, n, rows, out, false);
}

static void kernStrText(FuncCtx *c, Buf *b, const Vec *v, u32 i) {
  if (v->type == TYPE_TEXT) snKernAdd(c, b, snKernStr(v, i));
  else snKernVecText(b, v, i);
}

static int kernStrConcat(KERN_ARGS) {
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k);
    Buf *b = snKernScratch(c);
    int rc;
    for (u32 a = 0; a < n; a++) {
      if (snKernIsNull(&args[a], i)) continue;
      kernStrText(c, b, &args[a], i);
      if (b->n > snKernMost(c)) break;
    }
    rc = snKernTake(c, out, i);
    if (rc) return rc;
  }
  return SEINE_OK;
}

static int kernStrConcatWs(KERN_ARGS) {
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k);
    Buf *b = snKernScratch(c);
    bool first = true;
    int rc;
    if (snKernIsNull(&args[0], i)) {
      snKernNull(out, i);
      continue;
    }
    for (u32 a = 1; a < n; a++) {
      if (snKernIsNull(&args[a], i)) continue;
      if (!first) snKernVecText(b, &args[0], i);
      first = false;
      kernStrText(c, b, &args[a], i);
      if (b->n > snKernMost(c)) break;
    }
    rc = snKernTake(c, out, i);
    if (rc) return rc;
  }
  return SEINE_OK;
}

/* ---- Characters --------------------------------------------------------- */

static int kernStrChar(KERN_ARGS) {
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k);
    Buf *b = snKernScratch(c);
    u8 tmp[4];
    int rc;
    for (u32 a = 0; a < n; a++) {
      i64 x = snKernInt(&args[a], i);
      u32 point = x < 0 || x > 0x10ffff ? 0xfffd : (u32)x;
      snBufAdd(b, tmp, snUtfPut(tmp, point));
    }
    rc = snKernTake(c, out, i);
    if (rc) return rc;
  }
  return SEINE_OK;
}

static int kernStrUnicode(KERN_ARGS) {
  i64 *o = out->data;
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k), len;
    Str s = snKernStr(&args[0], i);
    o[i] = 0;
    if (s.n) o[i] = snUtfGet(s.p, s.p + s.n, &len);
    else snKernNull(out, i);
  }
  return SEINE_OK;
}

/* Each character of s that is the k-th of `from` becomes the k-th of `to`,
** or goes when `to` is shorter. */
static void kernStrTranslateOne(FuncCtx *c, Buf *b, Str s, Str from,
    Str to) {
  u32 at, len, flen, count;
  if (from.n <= to.n) snKernRoom(b, s.n);
  for (at = 0; at < s.n; at += len) {
    u32 f = 0, t, tlen;
    if (snKernStop(c, 4 + from.n)) return;
    snUtfGet(s.p + at, s.p + s.n, &len);
    for (count = 0; f < from.n; f += flen, count++) {
      snUtfGet(from.p + f, from.p + from.n, &flen);
      if (flen == len && !memcmp(from.p + f, s.p + at, len)) break;
    }
    if (f >= from.n) {
      snBufAdd(b, s.p + at, len);
      continue;
    }
    t = (u32)snUtfOffset(to.p, to.n, count);
    if (t >= to.n) continue;
    snUtfGet(to.p + t, to.p + to.n, &tlen);
    snBufAdd(b, to.p + t, tlen);
  }
}

static int kernStrTranslate(KERN_ARGS) {
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k);
    int rc;
    kernStrTranslateOne(c, snKernScratch(c), snKernStr(&args[0], i),
        snKernStr(&args[1], i), snKernStr(&args[2], i));
    rc = snKernTake(c, out, i);
    if (rc) return rc;
  }
  return SEINE_OK;
}

/* ---- Hexadecimal -------------------------------------------------------- */

static int kernStrHex(KERN_ARGS) {
  static const char digits[] = "0123456789ABCDEF";
  Str *o = out->data;
  bool bytes = snTypeForm(args[0].type) == FORM_STR;
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k);
    Buf *b = snKernScratch(c);
    Str s;
    u8 *to;
    if (bytes) {
      s = snKernStr(&args[0], i);
    } else {
      snKernVecText(b, &args[0], i);
      if (b->rc) return b->rc;
      s = (Str){b->data, (u32)b->n, 0};
    }
    o[i] = (Str){NULL, 0, 0};
    if (!s.n) continue;
    if (s.n > snKernMost(c) / 2) return snKernTooBig(c);
    to = snArenaBytes(c->arena, (size_t)s.n * 2);
    if (!to) return SN_NOMEM;
    for (u32 j = 0; j < s.n; j++) {
      to[2 * j] = (u8)digits[s.p[j] >> 4];
      to[2 * j + 1] = (u8)digits[s.p[j] & 15];
      if ((j + 1) % SN_STRIDE == 0 && snKernStop(c, SN_STRIDE)) break;
    }
    o[i] = (Str){to, s.n * 2, 0};
  }
  return SEINE_OK;
}

static u32 kernStrNibble(u8 c) {
  if ((u8)(c - '0') < 10) return (u32)c - '0';
  c |= 0x20;
  return (u8)(c - 'a') < 6 ? (u32)c - 'a' + 10 : 16;
}

static bool kernStrUnhexOne(FuncCtx *c, Str s, u8 *to) {
  for (u32 j = 0; j < s.n; j += 2) {
    if ((j + 2) % SN_STRIDE == 0 && snKernStop(c, SN_STRIDE)) break;
    u32 hi = kernStrNibble(s.p[j]), lo = kernStrNibble(s.p[j + 1]);
    if (hi > 15 || lo > 15) return false;
    to[j / 2] = (u8)(hi << 4 | lo);
  }
  return true;
}

static int kernStrUnhex(KERN_ARGS) {
  Str *o = out->data;
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k);
    Str s = snKernStr(&args[0], i);
    u8 *to;
    o[i] = (Str){NULL, 0, 0};
    if (!s.n) continue;
    if (s.n & 1) {
      snKernNull(out, i);
      continue;
    }
    to = snArenaBytes(c->arena, s.n / 2);
    if (!to) return SN_NOMEM;
    if (kernStrUnhexOne(c, s, to)) o[i] = (Str){to, s.n / 2, 0};
    else snKernNull(out, i);
  }
  return SEINE_OK;
}

/* As SQLite's unhex(X, Y): between two bytes may stand what is in Y. */
static bool kernStrUnhexLoose(FuncCtx *c, Str s, Str skip, u8 *to,
    u32 *n) {
  for (u32 j = 0, len; j < s.n && !snKernStop(c, 2 + skip.n);) {
    u32 hi = kernStrNibble(s.p[j]);
    if (hi < 16) {
      u32 lo = j + 1 < s.n ? kernStrNibble(s.p[j + 1]) : 16;
      if (lo > 15) return false;
      to[(*n)++] = (u8)(hi << 4 | lo);
      j += 2;
      continue;
    }
    snUtfGet(s.p + j, s.p + s.n, &len);
    u32 at = 0, part;
    for (; at < skip.n; at += part) {
      snUtfGet(skip.p + at, skip.p + skip.n, &part);
      if (part == len && !memcmp(skip.p + at, s.p + j, len)) break;
    }
    if (at >= skip.n) return false;
    j += len;
  }
  return true;
}

static int kernStrUnhexBut(KERN_ARGS) {
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k), bytes = 0;
    Str s = snKernStr(&args[0], i);
    u8 *to = snArenaBytes(c->arena, s.n / 2 + 1);
    if (!to) return SN_NOMEM;
    ((Str *)out->data)[i] = (Str){to, 0, 0};
    if (kernStrUnhexLoose(c, s, snKernStr(&args[1], i), to, &bytes))
      ((Str *)out->data)[i].n = bytes;
    else snKernNull(out, i);
  }
  return SEINE_OK;
}

/* ---- The table ---------------------------------------------------------- */

/* clang-format off */
static const Func kernStrFuncs[] = {
  {"length",           "s",     TYPE_INTEGER, 0, kernStrLength},
  {"length",           "x",     TYPE_INTEGER, 0, kernStrBytes},
  {"len",              "s",     TYPE_INTEGER, 0, kernStrLength},
  {"len",              "x",     TYPE_INTEGER, 0, kernStrBytes},
  {"char_length",      "s",     TYPE_INTEGER, 0, kernStrLength},
  {"character_length", "s",     TYPE_INTEGER, 0, kernStrLength},
  {"octet_length",     "s",     TYPE_INTEGER, 0, kernStrBytes},
  {"octet_length",     "x",     TYPE_INTEGER, 0, kernStrBytes},
  {"lower",            "s",     TYPE_TEXT,    0, kernStrLower},
  {"lcase",            "s",     TYPE_TEXT,    0, kernStrLower},
  {"upper",            "s",     TYPE_TEXT,    0, kernStrUpper},
  {"ucase",            "s",     TYPE_TEXT,    0, kernStrUpper},
  {"fold",             "s",     TYPE_TEXT,    0, kernStrFold},
  {"strip_accents",    "s",     TYPE_TEXT,    0, kernStrFold},
  {"unaccent",         "s",     TYPE_TEXT,    0, kernStrFold},
  {"nocase",           "s",     TYPE_TEXT,    0, kernStrNocase},
  {"initcap",          "s",     TYPE_TEXT,    0, kernStrInitcap},
  {"trim",             "s?s",   TYPE_TEXT,    0, kernStrTrim},
  {"ltrim",            "s?s",   TYPE_TEXT,    0, kernStrLtrim},
  {"rtrim",            "s?s",   TYPE_TEXT,    0, kernStrRtrim},
  {"substr",           "si?i",  TYPE_TEXT,    0, kernStrSubstr},
  {"substr",           "xi?i",  TYPE_BLOB,    0, kernStrSubstr},
  {"substring",        "si?i",  TYPE_TEXT,    0, kernStrSubstr},
  {"substring",        "xi?i",  TYPE_BLOB,    0, kernStrSubstr},
  {"mid",              "si?i",  TYPE_TEXT,    0, kernStrSubstr},
  {"array_slice",      "sii",   TYPE_TEXT,    0, kernStrSlice},
  {"left",             "si",    TYPE_TEXT,    0, kernStrLeft},
  {"right",            "si",    TYPE_TEXT,    0, kernStrRight},
  {"split_part",       "ssi",   TYPE_TEXT,    0, kernStrSplitPart},
  {"instr",            "ss",    TYPE_INTEGER, 0, kernStrInstr},
  {"strpos",           "ss",    TYPE_INTEGER, 0, kernStrInstr},
  {"contains",         "ss",    TYPE_BOOLEAN, 0, kernStrContains},
  {"starts_with",      "ss",    TYPE_BOOLEAN, 0, kernStrStarts},
  {"startswith",       "ss",    TYPE_BOOLEAN, 0, kernStrStarts},
  {"ends_with",        "ss",    TYPE_BOOLEAN, 0, kernStrEnds},
  {"endswith",         "ss",    TYPE_BOOLEAN, 0, kernStrEnds},
  {"replace",          "sss",   TYPE_TEXT,    0, kernStrReplace},
  {"overlay",          "ssi?i", TYPE_TEXT,    0, kernStrOverlay},
  {"reverse",          "s",     TYPE_TEXT,    0, kernStrReverse},
  {"repeat",           "si",    TYPE_TEXT,    0, kernStrRepeat},
  {"lpad",             "si?s",  TYPE_TEXT,    0, kernStrLpad},
  {"rpad",             "si?s",  TYPE_TEXT,    0, kernStrRpad},
  {"concat",           "?*+",   TYPE_TEXT,    FUNC_NULLS, kernStrConcat},
  {"concat_ws",        "s?*+",  TYPE_TEXT,    FUNC_NULLS, kernStrConcatWs},
  {"char",             "?i+",   TYPE_TEXT,    0, kernStrChar},
  {"chr",              "i",     TYPE_TEXT,    0, kernStrChar},
  {"unicode",          "s",     TYPE_INTEGER, 0, kernStrUnicode},
  {"ascii",            "s",     TYPE_INTEGER, 0, kernStrUnicode},
  {"translate",        "sss",   TYPE_TEXT,    0, kernStrTranslate},
  {"hex",              "*",     TYPE_TEXT,    0, kernStrHex},
  {"unhex",            "s",     TYPE_BLOB,    0, kernStrUnhex},
  {"unhex",            "ss",    TYPE_BLOB,    0, kernStrUnhexBut},
};
/* clang-format on */

const Func *snKernStrList(u32 *n) {
  *n = SN_COUNT(kernStrFuncs);
  return kernStrFuncs;
}

#undef KERN_STR_LEFT
#undef KERN_STR_RIGHT
#undef KERN_STR_FAR
#undef KERN_STR_ONES
