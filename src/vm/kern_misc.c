/*
** kern_misc: functions of any value (typeof, hash, quote, printf), of
** arrays, internet addresses, points on the earth and JSON.
**
** (1) printf() never reads more arguments than there are: one that is
**     missing counts as NULL, which prints as 0 or as nothing.
** (2) A JSON path is cut into steps before the text is read; the text is
**     read once, from left to right, without recursion.
*/
#include "vm/kern.h"

#define KERN_MISC_EARTH 6371008.7714 /* mean radius, metres */
#define KERN_MISC_WIDTH 1000000u     /* widest field of printf */

/* ---- Any value ---------------------------------------------------------- */

static int kernMiscTypeof(KERN_ARGS) {
  Str *o = out->data, name = {NULL, 0, 0};
  char text[24];
  u8 *p;
  snTypeName(args[0].type, text);
  name.n = (u32)strlen(text);
  p = snArenaBytes(c->arena, name.n);
  if (!p) return SN_NOMEM;
  for (u32 j = 0; j < name.n; j++) {
    u8 x = (u8)text[j];
    p[j] = (u8)(x - 'A') < 26 ? x | 0x20 : x;
  }
  name.p = p;
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k);
    o[i] = name;
    if (snKernIsNull(&args[0], i)) o[i] = (Str){(const u8 *)"null", 4, 0};
  }
  return SEINE_OK;
}

static u64 kernMiscHashOne(const Vec *v, u32 i, u64 seed) {
  KernVal x;
  snKernGet(v, i, &x);
  switch (snTypeForm(v->type)) {
    case FORM_INT: return snHash(&x.i, sizeof x.i, seed);
    case FORM_REAL:
      if (x.d == 0) x.d = 0; /* -0.0 equals 0.0 */
      return snHash(&x.d, sizeof x.d, seed);
    default: return snHash(x.s.n ? x.s.p : (const u8 *)"", x.s.n, seed);
  }
}

static int kernMiscHash(KERN_ARGS) {
  i64 *o = out->data;
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k);
    u64 h = 0;
    for (u32 a = 0; a < n; a++) h = kernMiscHashOne(&args[a], i, h);
    o[i] = (i64)h;
  }
  return SEINE_OK;
}

static void kernMiscBlob(Buf *b, Str s) {
  snBufStr(b, "X'");
  for (u32 j = 0; j < s.n; j++) snBufPrintf(b, "%02X", s.p[j]);
  snBufByte(b, '\'');
}

/* A literal that reads back as the value. */
static int kernMiscQuoteOne(FuncCtx *c, const Vec *v, u32 i, Vec *out) {
  Buf *b = snKernScratch(c);
  KernVal x;
  int rc;
  if (snKernIsNull(v, i)) {
    snBufStr(b, "NULL");
    return snKernTake(c, out, i);
  }
  snKernGet(v, i, &x);
  if (v->type == TYPE_BLOB) {
    kernMiscBlob(b, x.s);
  } else if (v->type == TYPE_REAL && !isfinite(x.d)) { /* as SQLite does */
    snBufStr(b, isnan(x.d) ? "NULL" : x.d < 0 ? "-9.0e+999" : "9.0e+999");
  } else if (snTypeIsNumber(v->type) || v->type == TYPE_BOOLEAN) {
    snKernText(b, v->type, &x);
  } else {
    Str text = x.s;
    if (!snTypeIsString(v->type)) {
      snKernText(b, v->type, &x);
      rc = snKernTake(c, out, i);
      if (rc) return rc;
      text = ((Str *)out->data)[i];
      b = snKernScratch(c);
    }
    snBufSqlText(b, (const char *)text.p, text.n);
  }
  return snKernTake(c, out, i);
}

static int kernMiscQuote(KERN_ARGS) {
  for (u32 k = 0; k < rows.n; k++) {
    int rc = kernMiscQuoteOne(c, &args[0], snKernRow(rows, k), out);
    if (rc) return rc;
  }
  return SEINE_OK;
}

/* ---- printf ------------------------------------------------------------- */

/* One conversion: %[flags][width][.precision]letter. */
typedef struct KernMiscSpec {
  bool left, plus, blank, zero, alt, group, has_prec;
  u32 width, prec;
  char letter;
} KernMiscSpec;

/* The arguments behind the format, of one row. */
typedef struct KernMiscArgs {
  FuncCtx *c;
  const Vec *v;
  u32 n, at, row;
} KernMiscArgs;

/* The next argument as type; false when it is NULL or missing. */
static bool kernMiscNext(KernMiscArgs *a, u8 type, KernVal *out, int *rc) {
  const Vec *v = a->at < a->n ? &a->v[a->at++] : NULL;
  KernVal x;
  memset(out, 0, sizeof *out);
  if (!v || snKernIsNull(v, a->row)) return false;
  snKernGet(v, a->row, &x);
  return snCastVal(a->c, v->type, &x, type, out, rc);
}

/* A number of the format, or, for *, the next argument. */
static u32 kernMiscCount(const u8 **at, const u8 *end, KernMiscArgs *a,
    bool *minus, int *rc) {
  const u8 *p = *at;
  u64 v = 0;
  *minus = false;
  if (p < end && *p == '*') {
    KernVal x;
    kernMiscNext(a, TYPE_INTEGER, &x, rc);
    *minus = x.i < 0;
    v = x.i < 0 ? 0 - (u64)x.i : (u64)x.i;
    p++;
  } else {
    for (; p < end && (u8)(*p - '0') < 10; p++) {
      if (v <= KERN_MISC_WIDTH) v = v * 10 + *p - '0';
    }
  }
  *at = p;
  return (u32)SN_MIN(v, (u64)KERN_MISC_WIDTH);
}

static const u8 *kernMiscSpec(const u8 *p, const u8 *end, KernMiscArgs *a,
    KernMiscSpec *s, int *rc) {
  bool minus, flag = true;
  memset(s, 0, sizeof *s);
  for (; flag && p < end; p += flag) {
    switch (*p) {
      case '-': s->left = true; break;
      case '+': s->plus = true; break;
      case ' ': s->blank = true; break;
      case '0': s->zero = true; break;
      case '#': s->alt = true; break;
      case ',': s->group = true; break;
      default: flag = false;
    }
  }
  s->width = kernMiscCount(&p, end, a, &minus, rc);
  if (minus) s->left = true;
  if (p < end && *p == '.') {
    p++;
    s->prec = kernMiscCount(&p, end, a, &minus, rc);
    s->has_prec = !minus;
  }
  while (p < end && (*p == 'l' || *p == 'h' || *p == 'z')) p++;
  s->letter = p < end ? (char)*p++ : 0;
  return p;
}

/* The body in its field; zeros go between the sign and the digits.  Widths
** count code points. */
static void kernMiscField(Buf *b, const KernMiscSpec *s, const char *sign,
    const void *p, size_t n, bool number) {
  u32 have = snUtfCount(p, n) + (u32)strlen(sign);
  u32 fill = s->width > have ? s->width - have : 0;
  bool zero = number && s->zero && !s->left;
  u8 *to;
  if (zero) snBufStr(b, sign);
  if (fill && !s->left) {
    to = snBufSpace(b, fill);
    if (to) memset(to, zero ? '0' : ' ', fill);
  }
  if (!zero) snBufStr(b, sign);
  snBufAdd(b, p, n);
  if (fill && s->left) {
    to = snBufSpace(b, fill);
    if (to) memset(to, ' ', fill);
  }
}

static const char *kernMiscSign(const KernMiscSpec *s, bool negative) {
  if (negative) return "-";
  return s->plus ? "+" : s->blank ? " " : "";
}

/* Puts a comma before every third of the leading digits, in place. */
static u32 kernMiscGroup(char *p, u32 n, u32 cap) {
  u32 digits = 0, commas;
  while (digits < n && (u8)(p[digits] - '0') < 10) digits++;
  commas = digits ? (digits - 1) / 3 : 0;
  if (!commas || n + commas > cap) return n;
  memmove(p + digits + commas, p + digits, n - digits);
  for (u32 from = digits, to = digits + commas, k = 0; from < to; k++) {
    if (k && k % 3 == 0) p[--to] = ',';
    p[--to] = p[--from];
  }
  return n + commas;
}

static void kernMiscPrintInt(Buf *b, const KernMiscSpec *s, i64 v) {
  char text[64];
  u64 u = (u64)v;
  u32 at = sizeof text, least = sizeof text, n;
  bool decimal = s->letter == 'd' || s->letter == 'u';
  u32 base = decimal ? 10 : s->letter == 'o' ? 8 : 16;
  const char *digits =
      s->letter == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
  const char *sign = "";
  if (s->letter == 'd') {
    sign = kernMiscSign(s, v < 0);
    if (v < 0) u = 0 - u;
  } else if (s->alt && u && base != 10) {
    sign = base == 8 ? "0" : s->letter == 'X' ? "0X" : "0x";
  }
  do {
    text[--at] = digits[u % base];
    u /= base;
  } while (u);
  if (s->has_prec) least -= SN_MIN(s->prec, 40u);
  while (at > least) text[--at] = '0';
  n = (u32)sizeof text - at;
  memmove(text, text + at, n);
  if (s->group && base == 10) n = kernMiscGroup(text, n, sizeof text);
  kernMiscField(b, s, sign, text, n, true);
}

/* The point of the process's locale becomes '.'. */
static u32 kernMiscPoint(char *p, u32 n) {
  u32 at = 0, end;
  while (at < n && (u8)(p[at] - '0') < 10) at++;
  for (end = at; end < n && (u8)(p[end] - '0') >= 10 &&
      (p[end] | 0x20) != 'e'; end++) continue;
  if (end == at) return n;
  p[at] = '.';
  memmove(p + at + 1, p + end, n - end);
  return n - (end - at) + 1;
}

static void kernMiscPrintReal(Buf *b, const KernMiscSpec *s, double v) {
  char text[640];
  int prec = s->has_prec ? (int)SN_MIN(s->prec, 100u) : 6;
  const char *sign = kernMiscSign(s, signbit(v) && !isnan(v));
  double a = fabs(v);
  u32 n;
  int made;
  if (!isfinite(v)) {
    KernMiscSpec plain = *s;
    plain.zero = false;
    kernMiscField(b, &plain, sign, isnan(v) ? "nan" : "inf", 3, true);
    return;
  }
  switch (s->letter) {
    case 'e': made = snprintf(text, 512, "%.*e", prec, a); break;
    case 'E': made = snprintf(text, 512, "%.*E", prec, a); break;
    case 'g': made = snprintf(text, 512, "%.*g", prec, a); break;
    case 'G': made = snprintf(text, 512, "%.*G", prec, a); break;
    default: made = snprintf(text, 512, "%.*f", prec, a); break;
  }
  n = made < 0 ? 0 : SN_MIN((u32)made, 511u);
  n = kernMiscPoint(text, n);
  if (s->group) n = kernMiscGroup(text, n, sizeof text);
  kernMiscField(b, s, sign, text, n, true);
}

/* %q and %Q have no fields. */
static void kernMiscPrintText(Buf *b, const KernMiscSpec *s, Str text,
    bool null) {
  const char *p = (const char *)text.p;
  size_t n = text.n, from;
  if (s->letter == 'c') n = snUtfOffset(p, n, 1);
  else if (s->has_prec) n = snUtfOffset(p, n, s->prec);
  if (s->letter == 'Q' && null) {
    kernMiscField(b, s, "", "NULL", 4, false);
    return;
  }
  if (s->letter != 'q' && s->letter != 'Q') {
    kernMiscField(b, s, "", p, n, false);
    return;
  }
  if (s->letter == 'Q') {
    snBufSqlText(b, p, n);
    return;
  }
  for (from = 0; from < n; from++) {
    snBufByte(b, (u8)p[from]);
    if (p[from] == '\'') snBufByte(b, '\'');
  }
}

static void kernMiscPrint(Buf *b, KernMiscSpec *s, KernMiscArgs *a, int *rc) {
  KernVal v;
  bool have;
  switch (s->letter) {
    case 'i': case 'd': case 'u': case 'x': case 'X': case 'o':
      if (s->letter == 'i') s->letter = 'd';
      kernMiscNext(a, TYPE_INTEGER, &v, rc);
      kernMiscPrintInt(b, s, v.i);
      break;
    case 'f': case 'F': case 'e': case 'E': case 'g': case 'G':
      kernMiscNext(a, TYPE_REAL, &v, rc);
      kernMiscPrintReal(b, s, v.d);
      break;
    case 's': case 'c': case 'q': case 'Q':
      have = kernMiscNext(a, TYPE_TEXT, &v, rc);
      kernMiscPrintText(b, s, v.s, !have);
      break;
    case '%': snBufByte(b, '%'); break;
    case 0: snBufByte(b, '%'); break; /* the end of the format */
    default:
      *rc = snKernError(a->c, "printf: no such conversion: %%%c", s->letter);
  }
}

/* The text is built beside the scratch, which the conversions use. */
static int kernMiscPrintRow(Buf *b, Str fmt, KernMiscArgs *a) {
  const u8 *p = fmt.p, *end = p + fmt.n, *q;
  KernMiscSpec spec;
  int rc = SEINE_OK;
  b->n = 0;
  while (p < end && !rc) {
    q = memchr(p, '%', (size_t)(end - p));
    if (!q) q = end;
    snBufAdd(b, p, (size_t)(q - p));
    if (q == end) break;
    p = kernMiscSpec(q + 1, end, a, &spec, &rc);
    if (!rc) kernMiscPrint(b, &spec, a, &rc);
    if (!rc) rc = b->rc;
    if (!rc && b->n > snKernMost(a->c)) rc = snKernTooBig(a->c);
  }
  return rc ? rc : b->rc;
}

static int kernMiscPrintf(KERN_ARGS) {
  int rc = SEINE_OK;
  Buf b;
  snBufInit(&b, c->budget);
  for (u32 k = 0; k < rows.n && !rc; k++) {
    u32 i = snKernRow(rows, k);
    KernMiscArgs a = {c, args + 1, n - 1, 0, i};
    Str fmt = {NULL, 0, 0};
    if (snKernIsNull(&args[0], i)) {
      snKernNull(out, i);
      continue;
    }
    fmt = snKernStr(&args[0], i);
    if (fmt.n) rc = kernMiscPrintRow(&b, fmt, &a);
    else b.n = 0;
    if (!rc) rc = snFuncStr(c, out, i, b.data, b.n);
  }
  snBufClear(&b);
  return rc;
}

/* ---- Arrays ------------------------------------------------------------- */

static void kernMiscItem(const ArrayItem *x, KernVal *out) {
  out->i = x->i;
  out->d = x->d;
  out->s = (Str){x->p, x->n, 0};
}

static int kernMiscArrayLength(KERN_ARGS) {
  i64 *o = out->data;
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k);
    Str s = snKernStr(&args[0], i);
    ArrayIter it;
    snArrayOpen(&it, s.p, s.n);
    o[i] = it.left;
  }
  return SEINE_OK;
}

/* What is looked for, in the forms an element may have. */
typedef struct KernMiscWanted {
  u8 type;
  KernVal v;
  Str text;
} KernMiscWanted;

static bool kernMiscSame(FuncCtx *c, u8 type, const ArrayItem *item,
    const KernMiscWanted *w) {
  KernVal x;
  Buf *b;
  kernMiscItem(item, &x);
  if (snTypeIsNumber(type) && snTypeIsNumber(w->type)) {
    if (type == TYPE_INTEGER && w->type == TYPE_INTEGER) {
      return x.i == w->v.i;
    }
    return (type == TYPE_REAL ? x.d : (double)x.i) ==
        (w->type == TYPE_REAL ? w->v.d : (double)w->v.i);
  }
  if (type == w->type && snTypeForm(type) == FORM_INT) return x.i == w->v.i;
  if (snTypeForm(type) == FORM_STR && type != TYPE_IP) {
    return x.s.n == w->text.n && !snStrCmp(x.s.p, x.s.n, w->text.p, x.s.n);
  }
  b = snKernScratch(c);
  snKernText(b, type, &x);
  return b->n == w->text.n &&
      !snStrCmp(b->data, (u32)b->n, w->text.p, w->text.n);
}

static int kernMiscWanted(FuncCtx *c, const Vec *v, u32 i, KernMiscWanted *w) {
  KernVal text;
  int rc = SEINE_OK;
  w->type = v->type;
  snKernGet(v, i, &w->v);
  snCastVal(c, v->type, &w->v, TYPE_TEXT, &text, &rc);
  w->text = text.s;
  return rc;
}

static int kernMiscArrayContains(KERN_ARGS) {
  KernMiscWanted w = {0};
  int rc;
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k);
    Str s = snKernStr(&args[0], i);
    ArrayIter it;
    ArrayItem item;
    if (snKernOnce(&args[1], k)) {
      rc = kernMiscWanted(c, &args[1], i, &w);
      if (rc) return rc;
    }
    snArrayOpen(&it, s.p, s.n);
    while (!snKernStop(c, 4) && snArrayNext(&it, &item)) {
      if (item.null || !kernMiscSame(c, it.type, &item, &w)) continue;
      snBitSet(out->data, i);
      break;
    }
    if (c->scratch->rc) return c->scratch->rc;
  }
  return SEINE_OK;
}

/* NULL elements are left out. */
static int kernMiscArrayToString(KERN_ARGS) {
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k);
    Str s = snKernStr(&args[0], i), sep = snKernStr(&args[1], i);
    Buf *b = snKernScratch(c);
    bool first = true;
    ArrayIter it;
    ArrayItem item;
    int rc;
    snArrayOpen(&it, s.p, s.n);
    while (!snKernStop(c, 16) && snArrayNext(&it, &item)) {
      KernVal x;
      if (item.null) continue;
      if (!first) snBufAdd(b, sep.p, sep.n);
      first = false;
      kernMiscItem(&item, &x);
      snKernText(b, it.type, &x);
      if (b->n > snKernMost(c)) break;
    }
    rc = snKernTake(c, out, i);
    if (rc) return rc;
  }
  return SEINE_OK;
}

/* The want-th element from 1, from the end when negative. */
static bool kernMiscElement(FuncCtx *c, Str s, i64 want, u8 *type,
    KernVal *out) {
  ArrayIter it;
  ArrayItem item = {.null = true};
  snArrayOpen(&it, s.p, s.n);
  *type = it.type;
  if (want < 0 && want >= -(i64)it.left) want += (i64)it.left + 1;
  if (want < 1 || want > (i64)it.left) return false;
  while (want-- > 0) {
    if (snKernStop(c, 4) || !snArrayNext(&it, &item)) return false;
  }
  kernMiscItem(&item, out);
  return !item.null;
}

static int kernMiscElementAt(KERN_ARGS) {
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k);
    i64 want = snKernInt(&args[1], i);
    Buf *b = snKernScratch(c);
    KernVal x;
    u8 type;
    int rc;
    if (!kernMiscElement(c, snKernStr(&args[0], i), want, &type, &x)) {
      snKernNull(out, i);
      continue;
    }
    snKernText(b, type, &x);
    rc = snKernTake(c, out, i);
    if (rc) return rc;
  }
  return SEINE_OK;
}

static void kernMiscArrayAdd(Buf *b, u8 type, const Vec *v, u32 i) {
  KernVal x;
  if (snKernIsNull(v, i)) {
    snArrayNull(b);
    return;
  }
  snKernGet(v, i, &x);
  switch (snTypeForm(type)) {
    case FORM_INT: snArrayInt(b, x.i); break;
    case FORM_REAL:
      snArrayReal(b, v->type == TYPE_REAL ? x.d : (double)x.i);
      break;
    case FORM_STR: snArrayStr(b, x.s.p, x.s.n); break;
  }
}

static int kernMiscMakeArray(KERN_ARGS) {
  u8 elem = out->type & (u8)~TYPE_ARRAY;
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k);
    Buf *b = snKernScratch(c);
    int rc;
    snArrayBegin(b, elem, n);
    for (u32 a = 0; a < n; a++) kernMiscArrayAdd(b, elem, &args[a], i);
    rc = snKernTake(c, out, i);
    if (rc) return rc;
  }
  return SEINE_OK;
}

/* ---- Internet addresses ------------------------------------------------- */

static bool kernMiscIsV4(const u8 *ip) {
  static const u8 head[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  return !memcmp(ip, head, 12);
}

/* Clears all bits behind the first `bits`. */
static void kernMiscMask(u8 *ip, u32 bits) {
  for (u32 j = 0; j < 16; j++) {
    u32 keep = bits > j * 8 ? SN_MIN(bits - j * 8, 8u) : 0;
    ip[j] = (u8)(ip[j] & (0xff00u >> keep));
  }
}

/* "10.0.0.0/8", "2001:db8::/32", or one address. */
static bool kernMiscNetwork(Str s, u8 ip[16], u32 *bits) {
  const char *p = (const char *)s.p, *slash;
  i64 v = 0;
  size_t n;
  if (!s.n) return false;
  slash = memchr(p, '/', s.n);
  n = slash ? (size_t)(slash - p) : s.n;
  if (!snIpParse(p, n, ip)) return false;
  *bits = 128;
  if (slash) {
    u32 most = kernMiscIsV4(ip) ? 32 : 128;
    if (!snNumInt(slash + 1, s.n - n - 1, &v)) return false;
    if (v < 0 || v > most) return false;
    *bits = (u32)v + 128 - most;
  }
  kernMiscMask(ip, *bits);
  return true;
}

static int kernMiscIpIn(KERN_ARGS) {
  u8 net[16], ip[16];
  u32 bits = 0;
  bool good = false;
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k);
    Str s = snKernStr(&args[0], i), cidr = snKernStr(&args[1], i);
    if (snKernOnce(&args[1], k)) {
      good = kernMiscNetwork(cidr, net, &bits);
      if (!good && args[1].form == VEC_CONST) {
        return snKernError(c, "ip_in: not a network: \"%.*s\"",
            (int)SN_MIN(cidr.n, 60u), cidr.n ? (const char *)cidr.p : "");
      }
    }
    if (!good || s.n != 16) {
      snKernNull(out, i);
      continue;
    }
    memcpy(ip, s.p, 16);
    kernMiscMask(ip, bits);
    if (!memcmp(ip, net, 16)) snBitSet(out->data, i);
  }
  return SEINE_OK;
}

static int kernMiscIpPrefix(KERN_ARGS) {
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k), most;
    Str s = snKernStr(&args[0], i);
    i64 bits = snKernInt(&args[1], i);
    u8 ip[16];
    int rc;
    most = s.n == 16 && kernMiscIsV4(s.p) ? 32 : 128;
    if (s.n != 16 || bits < 0 || bits > most) {
      snKernNull(out, i);
      continue;
    }
    memcpy(ip, s.p, 16);
    kernMiscMask(ip, (u32)bits + 128 - most);
    rc = snFuncStr(c, out, i, ip, 16);
    if (rc) return rc;
  }
  return SEINE_OK;
}

static int kernMiscFamily(KERN_ARGS) {
  i64 *o = out->data;
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k);
    Str s = snKernStr(&args[0], i);
    o[i] = s.n == 16 && kernMiscIsV4(s.p) ? 4 : 6;
    if (s.n != 16) snKernNull(out, i);
  }
  return SEINE_OK;
}

/* ---- Points ------------------------------------------------------------- */

static double kernMiscLatOf(i64 g) {
  return snNumUnscaled((i32)(u32)((u64)g >> 32), 7);
}

static double kernMiscLonOf(i64 g) {
  return snNumUnscaled((i32)(u32)(u64)g, 7);
}

static int kernMiscLat(KERN_ARGS) {
  double *o = out->data;
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k);
    o[i] = kernMiscLatOf(snKernInt(&args[0], i));
  }
  return SEINE_OK;
}

static int kernMiscLon(KERN_ARGS) {
  double *o = out->data;
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k);
    o[i] = kernMiscLonOf(snKernInt(&args[0], i));
  }
  return SEINE_OK;
}

static int kernMiscGeoPoint(KERN_ARGS) {
  i64 *o = out->data;
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k), a, b;
    double lat = snKernReal(&args[0], i), lon = snKernReal(&args[1], i);
    o[i] = 0;
    if (!(fabs(lat) <= 90) || !(fabs(lon) <= 180)) {
      snKernNull(out, i);
      continue;
    }
    a = (u32)(i32)lround(lat * 1e7);
    b = (u32)(i32)lround(lon * 1e7);
    o[i] = (i64)((u64)a << 32 | b);
  }
  return SEINE_OK;
}

/* Great circle by haversines, on the sphere. */
double snKernMetres(i64 a, i64 b) {
  const double rad = 3.14159265358979323846 / 180;
  double lat1 = kernMiscLatOf(a) * rad, lat2 = kernMiscLatOf(b) * rad;
  double x = sin((lat2 - lat1) / 2);
  double y = sin((kernMiscLonOf(b) - kernMiscLonOf(a)) * rad / 2);
  double h = x * x + cos(lat1) * cos(lat2) * y * y;
  return 2 * KERN_MISC_EARTH * asin(h < 1 ? sqrt(h) : 1);
}

static int kernMiscGeoDistance(KERN_ARGS) {
  double *o = out->data;
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k);
    o[i] = snKernMetres(snKernInt(&args[0], i), snKernInt(&args[1], i));
  }
  return SEINE_OK;
}

/* ---- The table ---------------------------------------------------------- */

#define KERN_MISC_OF(type) (TYPE_ARRAY | (type))

/* clang-format off */
static const Func kernMiscFuncs[] = {
  {"typeof",          "*",    TYPE_TEXT,     FUNC_NULLS, kernMiscTypeof},
  {"hash",            "*+",   TYPE_INTEGER,  0,          kernMiscHash},
  {"quote",           "*",    TYPE_TEXT,     FUNC_NULLS, kernMiscQuote},
  {"printf",          "s?*+", TYPE_TEXT,     FUNC_NULLS, kernMiscPrintf},
  {"format",          "s?*+", TYPE_TEXT,     FUNC_NULLS, kernMiscPrintf},
  {"length",          "a",    TYPE_INTEGER,  0, kernMiscArrayLength},
  {"len",             "a",    TYPE_INTEGER,  0, kernMiscArrayLength},
  {"array_length",    "a",    TYPE_INTEGER,  0, kernMiscArrayLength},
  {"size",            "a",    TYPE_INTEGER,  0, kernMiscArrayLength},
  {"cardinality",     "a",    TYPE_INTEGER,  0, kernMiscArrayLength},
  {"array_contains",  "a*",   TYPE_BOOLEAN,  0, kernMiscArrayContains},
  {"list_contains",   "a*",   TYPE_BOOLEAN,  0, kernMiscArrayContains},
  {"array_to_string", "as",   TYPE_TEXT,     0, kernMiscArrayToString},
  {"array_join",      "as",   TYPE_TEXT,     0, kernMiscArrayToString},
  {"element_at",      "ai",   TYPE_TEXT,     0, kernMiscElementAt},
  {"make_array",      "b+",   KERN_MISC_OF(TYPE_BOOLEAN), FUNC_NULLS,
      kernMiscMakeArray},
  {"make_array",      "i+",   KERN_MISC_OF(TYPE_INTEGER), FUNC_NULLS,
      kernMiscMakeArray},
  {"make_array",      "r+",   KERN_MISC_OF(TYPE_REAL), FUNC_NULLS,
      kernMiscMakeArray},
  {"make_array",      "t+",   KERN_MISC_OF(TYPE_TIMESTAMP), FUNC_NULLS,
      kernMiscMakeArray},
  {"make_array",      "d+",   KERN_MISC_OF(TYPE_DATE), FUNC_NULLS,
      kernMiscMakeArray},
  {"make_array",      "p+",   KERN_MISC_OF(TYPE_IP), FUNC_NULLS,
      kernMiscMakeArray},
  {"make_array",      "?s+",  KERN_MISC_OF(TYPE_TEXT), FUNC_NULLS,
      kernMiscMakeArray},
  {"ip_in",           "ps",   TYPE_BOOLEAN,  0, kernMiscIpIn},
  {"ip_prefix",       "pi",   TYPE_IP,       0, kernMiscIpPrefix},
  {"family",          "p",    TYPE_INTEGER,  0, kernMiscFamily},
  {"geo_distance",    "gg",   TYPE_REAL,     0, kernMiscGeoDistance},
  {"lat",             "g",    TYPE_REAL,     0, kernMiscLat},
  {"lon",             "g",    TYPE_REAL,     0, kernMiscLon},
  {"geo_point",       "rr",   TYPE_GEOPOINT, 0, kernMiscGeoPoint},
};
/* clang-format on */

const Func *snKernMiscList(u32 *n) {
  *n = SN_COUNT(kernMiscFuncs);
  return kernMiscFuncs;
}

#undef KERN_MISC_EARTH
#undef KERN_MISC_WIDTH
#undef KERN_MISC_OF
