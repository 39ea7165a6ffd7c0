/*
** col_read: columns of numbers and codes, read.  The format is in
** col_write.c.  A window is decoded whole (16 mini-blocks of 256 values), or
** compared mini-block by mini-block without widening what bounds decide.
**
** Invariants: (1) every read lies inside the bytes of its window, which lie
** inside the section; (2) codes handed out are below the dictionary's size.
*/
#include "index/indexInt.h"

#define COLR_MINI 256u
#define COLR_FEW  48u /* single values cost about as much as a whole window */
#define COLR_EXACT 0x1p53 /* integers of scaled doubles are below */

struct ColReader {
  ColReader *next;   /* of the segment */
  u32 column;
  Segment *seg;
  const Section *sec;
  ColKind kind;
  u8 type;
  u64 n;             /* values: documents, or elements of arrays */
  u32 nwin;
  const u8 *dir;
  u64 body;
  Dict *dict;
  ColReader *counts; /* of arrays: elements per document */
  u64 *starts;       /* of arrays: elements before each window of documents */
  u64 *ends;         /* of arrays: elements before each document, and */
  u32 ends_window;   /* behind the last, of this window */
  void *tmp;         /* window tmp_window decoded, for single values */
  u64 nulls[SN_WORDS];
  bool any_null;
  u32 tmp_window;
};

/* A window's bytes, cut as the codec says. */
typedef struct ColWin {
  u32 n, codec, param, nulls;
  i64 min, max;
  const u8 *bitmap;
  Rd rd;
} ColWin;

static void colFree(ColReader *c) {
  if (!c) return;
  colFree(c->counts);
  snMemFree(c->starts);
  snMemFree(c->ends);
  snMemFree(c->tmp);
  snMemFree(c);
}

void snColFreeAll(ColReader *c) {
  while (c) {
    ColReader *next = c->next;
    colFree(c);
    c = next;
  }
}

static int colHead(ColReader *c, const Section *s) {
  const u8 *p;
  int rc = snSegmentGet(c->seg, s, 0, COL_HEAD, &p);
  if (rc) return rc;
  c->sec = s;
  c->n = snGet32(p) | (u64)snGet32(p + 4) << 32;
  c->nwin = snGet32(p + 8);
  c->type = p[12];
  if (c->n > (u64)UINT32_MAX * SN_WINDOW ||
      c->nwin != (c->n + SN_WINDOW - 1) / SN_WINDOW)
    return SN_CORRUPT;
  c->body = COL_HEAD + (u64)c->nwin * COL_ENTRY;
  return snSegmentGet(c->seg, s, COL_HEAD, (u64)c->nwin * COL_ENTRY,
      &c->dir);
}

static ColReader *colNew(Segment *g, u32 column, ColKind kind) {
  ColReader *c = snMemZero(g->budget, sizeof *c);
  if (!c) return NULL;
  c->seg = g;
  c->column = column;
  c->kind = kind;
  c->tmp_window = c->ends_window = UINT32_MAX;
  return c;
}

/* Adds up the counts, so that an array's elements are found by document. */
static int colOpenCounts(ColReader *c, const Section *s) {
  ColReader *k = c->counts = colNew(c->seg, c->column, COL_INT);
  i64 *v = snMemAlloc(c->seg->budget, SN_WINDOW * sizeof(i64));
  u64 nulls[SN_WORDS], at = 0;
  int rc = k && v ? colHead(k, s) : SN_NOMEM;
  if (!rc && k->n != c->seg->docs) rc = SN_CORRUPT;
  if (!rc) {
    c->starts = snMemAlloc(c->seg->budget, (k->nwin + 1) * sizeof(u64));
    if (!c->starts) rc = SN_NOMEM;
  }
  for (u32 w = 0; !rc && w < k->nwin; w++) {
    bool any;
    c->starts[w] = at;
    rc = snColWindow(k, w, v, nulls, &any);
    u32 n = (u32)SN_MIN((u64)SN_WINDOW, k->n - (u64)w * SN_WINDOW);
    for (u32 i = 0; !rc && i < n; i++) {
      if (any && snBit(nulls, i)) continue;
      if (v[i] < 0 || v[i] > (i64)(c->n - at) || v[i] > UINT32_MAX)
        rc = SN_CORRUPT;
      else
        at += (u64)v[i];
    }
  }
  if (!rc && at != c->n) rc = SN_CORRUPT;
  snMemFree(v);
  return rc;
}

static int colOpenAt(ColReader *c, const Section *s) {
  Segment *g = c->seg;
  const Section *counts = snSegmentFind(g, SEC_COUNTS, c->column);
  int rc = colHead(c, s);
  if (rc) return rc;
  if (!counts && c->n != g->docs) return SN_CORRUPT;
  if (counts) rc = colOpenCounts(c, counts);
  if (!rc && c->kind == COL_CODE) {
    rc = snDictValues(g, c->column, &c->dict);
    if (!rc && !c->dict) rc = snDictTerms(g, c->column, &c->dict);
    if (!rc && !c->dict) rc = SN_CORRUPT;
  }
  return rc;
}

/* Whether values of the type can be of that kind, and be arrays: what reads
** them trusts it with the width of its memory. */
static bool colFits(const ColReader *c, u8 type) {
  bool array = (type & TYPE_ARRAY) != 0;
  Form form = snTypeForm((u8)(type & ~TYPE_ARRAY));
  if (c->kind == COL_NONE) return true;
  if (array != (c->counts != NULL)) return false;
  switch (c->kind) {
  case COL_INT: return form == FORM_INT;
  case COL_REAL: return form == FORM_REAL;
  default: return form == FORM_STR;
  }
}

int snColOpen(Segment *g, u32 column, u8 type, ColReader **out) {
  static const u8 kinds[] = {SEC_INTS, COL_INT, SEC_REALS, COL_REAL,
      SEC_CODES, COL_CODE};
  for (ColReader *c = g->cols; c; c = c->next) {
    if (c->column != column || c->type != type) continue;
    *out = c;
    return SEINE_OK;
  }
  *out = NULL;
  ColReader *c = colNew(g, column, COL_NONE);
  if (!c) return SN_NOMEM;
  int rc = SEINE_OK;
  for (u32 i = 0; !rc && i < SN_COUNT(kinds) && c->kind == COL_NONE; i += 2) {
    const Section *s = snSegmentFind(g, (SecKind)kinds[i], column);
    if (!s) continue;
    c->kind = (ColKind)kinds[i + 1];
    rc = colOpenAt(c, s);
    if (!rc && c->type != type) rc = SN_CORRUPT;
  }
  const Section *rows = snSegmentFind(g, SEC_ROWS, 0);
  if (!rc && c->kind == COL_NONE && rows) {
    bool has;
    rc = snRowHas(g, rows, column, &has);
    if (has) c->kind = COL_ROW;
  }
  if (!rc && !colFits(c, type)) rc = SN_CORRUPT;
  if (rc) {
    colFree(c);
    return rc;
  }
  c->type = type;
  c->next = g->cols;
  *out = g->cols = c;
  return SEINE_OK;
}

ColKind snColKind(const ColReader *c) { return c->kind; }
bool snColIsArray(const ColReader *c) { return c->counts != NULL; }
Dict *snColDict(const ColReader *c) { return c->dict; }
ColReader *snColCounts(ColReader *c) { return c->counts; }

/* ---- windows ------------------------------------------------------------ */

int snColPacked(ColReader *c, u32 w, const u8 **entry, const u8 **data,
    u64 *len) {
  if (w >= c->nwin) return SN_CORRUPT;
  const u8 *e = *entry = c->dir + (size_t)w * COL_ENTRY;
  u64 at = snGet32(e + 16) * 8ull, end = c->sec->len - c->body;
  if (w + 1 < c->nwin) end = snGet32(e + COL_ENTRY + 16) * 8ull;
  if (at > end) return SN_CORRUPT;
  *len = end - at;
  return snSegmentGet(c->seg, c->sec, c->body + at, *len, data);
}

static int colWin(ColReader *c, u32 w, ColWin *out) {
  const u8 *e, *p;
  u64 len;
  int rc = snColPacked(c, w, &e, &p, &len);
  if (rc) return rc;
  out->min = (i64)snGet64(e);
  out->max = (i64)snGet64(e + 8);
  out->nulls = snGet16(e + 20);
  out->codec = e[22];
  out->param = e[23];
  out->n = (u32)SN_MIN((u64)SN_WINDOW, c->n - (u64)w * SN_WINDOW);
  out->bitmap = NULL;
  if (out->nulls > out->n) return SN_CORRUPT;
  out->rd = (Rd){p, p + len, false};
  snSegmentReads()->bytes += (i64)len;
  if (out->nulls && out->nulls < out->n) {
    out->bitmap = snRdBytes(&out->rd, (out->n + 63) / 64 * 8);
    if (!out->bitmap) return SN_CORRUPT;
  }
  return SEINE_OK;
}

static void colNulls(const ColWin *k, u64 *nulls, bool *any) {
  *any = k->nulls != 0;
  memset(nulls, 0, SN_WORDS * sizeof(u64));
  if (k->bitmap) memcpy(nulls, k->bitmap, (k->n + 63) / 64 * 8);
  else if (k->nulls) snBitsFirst(nulls, SN_WORDS, k->n);
}

/* Values of a mini-block, and what lies behind them: whole rows of lanes are
** written to `out`, which has room for them. */
typedef u32 ColFour __attribute__((vector_size(16), aligned(4), may_alias));
#define COLR_FOUR(v) \
  __builtin_convertvector(*(const ColFour *)(const void *)(v), Words4)

SN_INLINE void colWiden(const u32 *v, u32 n, u64 base, i64 *out) {
  for (u32 i = 0; i < n; i += SN_LANES)
    *(Words4 *)(void *)(out + i) = COLR_FOUR(v + i) + base;
}
SN_WIDE static void colWidenWide(const u32 *v, u32 n, u64 base, i64 *out) {
  colWiden(v, n, base, out);
}

/* (v + base) * times / by, of which all but the last is exact: an integer of 52
** bits stands in a double whose exponent says so. */
SN_INLINE void colScale(const u32 *v, u32 n, double base, double times,
    double by, double *out) {
  const Reals4 unit = {0x1p52, 0x1p52, 0x1p52, 0x1p52};
  for (u32 i = 0; i < n; i += SN_LANES) {
    Reals4 x = (Reals4)(COLR_FOUR(v + i) | (Words4)unit) - unit;
    *(Reals4 *)(out + i) = (x + base) * times / by;
  }
}
SN_WIDE static void colScaleWide(const u32 *v, u32 n, double base,
    double times, double by, double *out) {
  colScale(v, n, base, times, by, out);
}

/* n values of a width of up to 64 bits, plus base (scale: times). */
static bool colUnpack(Rd *r, u32 n, u32 width, u64 base, u64 times,
    i64 *out) {
  u32 lo[COLR_MINI + 8], hi[COLR_MINI + 8], w = SN_MIN(width, 32u);
  if (width > 64) return false;
  const u8 *p = snRdBytes(r, snPackSize(n, w));
  if (!p) return false;
  snUnpack(p, n, w, lo);
  if (width <= 32) {
    if (SN_HAS_WIDE()) colWidenWide(lo, n, base, out);
    else colWiden(lo, n, base, out);
    for (u32 i = 0; times != 1 && i < n; i++)
      out[i] = (i64)((u64)out[i] * times);
    return true;
  }
  p = snRdBytes(r, snPackSize(n, width - 32));
  if (!p) return false;
  snUnpack(p, n, width - 32, hi);
  for (u32 i = 0; i < n; i++)
    out[i] = (i64)((base + (lo[i] | (u64)hi[i] << 32)) * times);
  return true;
}

/* Is a row of mini-block m wanted?  NULL: all are. */
static bool colWanted(const u64 *want, u32 m) {
  const u64 *b = want + (size_t)m * (COLR_MINI / 64);
  return !want || b[0] | b[1] | b[2] | b[3];
}

static bool colSkip(Rd *r, u32 n, u32 width) {
  u32 low = SN_MIN(width, 32u);
  return width <= 64 &&
      snRdBytes(r, snPackSize(n, low) + snPackSize(n, width - low));
}

/* Passes over n values; they are 0. */
static bool colPass(Rd *r, u32 n, u32 width, i64 *out) {
  memset(out, 0, n * sizeof *out);
  return colSkip(r, n, width);
}

/* e: decimals of scaled doubles, or -1: integers. */
static i64 colValue(i64 v, i32 e) {
  if (e < 0) return v;
  double d = snNumUnscaled(v, (u32)e);
  memcpy(&v, &d, sizeof v);
  return v;
}

/* One mini-block of scaled doubles, as colUnpack() does integers. */
static bool colUnpackReals(Rd *r, u32 n, u32 width, u64 base, u64 times,
    i32 e, i64 *out) {
  double low = (double)(i64)base, by = snNumScale((u32)e);
  bool exact = width <= 32 && times <= UINT32_MAX &&
      (fabs(low) + 0x1p32) * (double)times < COLR_EXACT;
  if (!exact) {
    if (!colUnpack(r, n, width, base, times, out)) return false;
    for (u32 i = 0; i < n; i++) out[i] = colValue(out[i], e);
    return true;
  }
  u32 v[COLR_MINI + 8];
  const u8 *p = snRdBytes(r, snPackSize(n, width));
  if (!p) return false;
  snUnpack(p, n, width, v);
  double *to = (double *)(void *)out;
  if (SN_HAS_WIDE()) colScaleWide(v, n, low, (double)times, by, to);
  else colScale(v, n, low, (double)times, by, to);
  return true;
}

static bool colDecodeFor(Rd *r, u32 n, u64 times, i32 e, const u64 *want,
    i64 *out) {
  u32 minis = (n + COLR_MINI - 1) / COLR_MINI;
  const u8 *widths = snRdBytes(r, (minis + 7) / 8 * 8);
  const u8 *bases = snRdBytes(r, minis * 8);
  if (!bases) return false;
  for (u32 m = 0; m < minis; m++, out += COLR_MINI) {
    u32 k = SN_MIN(COLR_MINI, n - m * COLR_MINI);
    u64 base = snGet64(bases + 8 * m);
    bool ok = !colWanted(want, m) ? colPass(r, k, widths[m], out)
        : e < 0 ? colUnpack(r, k, widths[m], base, times, out)
                : colUnpackReals(r, k, widths[m], base, times, e, out);
    if (!ok) return false;
  }
  return true;
}

static bool colDecodeDelta(Rd *r, u32 n, const u64 *want, i64 *out) {
  u32 minis = (n + COLR_MINI - 1) / COLR_MINI;
  const u8 *widths = snRdBytes(r, (minis + 7) / 8 * 8);
  const u8 *firsts = snRdBytes(r, minis * 8);
  const u8 *steps = snRdBytes(r, minis * 8);
  if (!steps) return false;
  for (u32 m = 0; m < minis; m++) {
    u32 k = SN_MIN(COLR_MINI, n - m * COLR_MINI);
    i64 *o = out + m * COLR_MINI;
    u64 step = snGet64(steps + 8 * m), v = snGet64(firsts + 8 * m);
    if (!colWanted(want, m)) {
      if (!colPass(r, k, widths[m], o)) return false;
      continue;
    }
    if (!colUnpack(r, k, widths[m], 0, 1, o)) return false;
    o[0] = (i64)v;
    for (u32 i = 1; i < k; i++) o[i] = (i64)(v += step + (u64)o[i]);
  }
  return true;
}

static bool colDecodeTable(Rd *r, u32 n, i32 e, const u64 *want, i64 *out) {
  u32 m = snRd32(r), width = snRd32(r), idx[COLR_MINI + 8];
  i64 v[COLR_MINI];
  const u8 *table = snRdBytes(r, m * 8ull);
  if (!table || width > 8 || m > COLR_MINI) return false;
  for (u32 i = 0; i < m; i++)
    v[i] = colValue((i64)snGet64(table + 8 * (size_t)i), e);
  for (u32 at = 0; at < n; at += COLR_MINI) {
    u32 k = SN_MIN(COLR_MINI, n - at);
    if (!colWanted(want, at / COLR_MINI)) {
      if (!colPass(r, k, width, out + at)) return false;
      continue;
    }
    const u8 *p = snRdBytes(r, snPackSize(k, width));
    if (!p) return false;
    snUnpack(p, k, width, idx);
    for (u32 i = 0; i < k; i++) {
      if (idx[i] >= m) return false;
      out[at + i] = v[idx[i]];
    }
  }
  return true;
}

static bool colDecodeRle(Rd *r, u32 n, i64 *out) {
  u32 runs = snRd32(r), at = 0;
  (void)snRd32(r);
  const u8 *v = snRdBytes(r, runs * 8ull), *e = snRdBytes(r, runs * 2ull);
  if (!e) return false;
  for (u32 k = 0; k < runs; k++) {
    u32 end = snGet16(e + 2 * (size_t)k);
    i64 x = (i64)snGet64(v + 8 * (size_t)k);
    if (end > n || end < at) return false;
    while (at < end) out[at++] = x;
  }
  return at == n;
}

static bool colDecodeRaw(Rd *r, u32 n, void *out) {
  const u8 *p = snRdBytes(r, n * 8ull);
  if (p) memcpy(out, p, n * 8ull);
  return p != NULL;
}

/* A window as 64-bit words: integers, or doubles still scaled.  Of those that
** are not wanted, whole mini-blocks may be 0. */
static int colDecode(ColWin *k, const u64 *want, i64 *out) {
  bool ok = true;
  u64 times = 1;
  switch (k->codec & 15) {
  case COL_CONST:
  case COL_NULLS:
    for (u32 i = 0; i < k->n; i++) out[i] = k->min;
    break;
  case COL_GCD: times = snRd64(&k->rd); /* fall through */
  case COL_FOR: ok = colDecodeFor(&k->rd, k->n, times, -1, want, out); break;
  case COL_DELTA: ok = colDecodeDelta(&k->rd, k->n, want, out); break;
  case COL_TABLE: ok = colDecodeTable(&k->rd, k->n, -1, want, out); break;
  case COL_RLE: ok = colDecodeRle(&k->rd, k->n, out); break;
  case COL_RAW: ok = colDecodeRaw(&k->rd, k->n, out); break;
  default: ok = false;
  }
  return (ok & !k->rd.bad) ? SEINE_OK : SN_CORRUPT;
}

static int colDecodeReal(ColWin *k, const u64 *want, double *out) {
  i64 *v = (i64 *)(void *)out;
  u32 codec = k->codec & 15;
  i32 e = (i32)k->param;
  u64 times = 1;
  bool ok = true;
  if (codec == COL_CONST || codec == COL_NULLS || codec == COL_RAW)
    return k->codec & COL_SCALED ? SN_CORRUPT : colDecode(k, want, v);
  if (!(k->codec & COL_SCALED) || k->param > 18) return SN_CORRUPT;
  switch (codec) {
  case COL_GCD: times = snRd64(&k->rd); /* fall through */
  case COL_FOR: ok = colDecodeFor(&k->rd, k->n, times, e, want, v); break;
  case COL_TABLE: ok = colDecodeTable(&k->rd, k->n, e, want, v); break;
  default: {
    int rc = colDecode(k, want, v);
    for (u32 i = 0; !rc && i < k->n; i++) v[i] = colValue(v[i], e);
    return rc;
  }
  }
  return (ok & !k->rd.bad) ? SEINE_OK : SN_CORRUPT;
}

/* Codes as most of them are packed: in 32 bits from a base on. */
static int colCodesFor(ColWin *k, u32 count, const u64 *want, u32 *out) {
  u32 minis = (k->n + COLR_MINI - 1) / COLR_MINI, v[COLR_MINI + 8];
  const u8 *widths = snRdBytes(&k->rd, (minis + 7) / 8 * 8);
  const u8 *bases = snRdBytes(&k->rd, minis * 8);
  if (!bases) return SN_CORRUPT;
  for (u32 m = 0; m < minis; m++, out += COLR_MINI) {
    u32 n = SN_MIN(COLR_MINI, k->n - m * COLR_MINI), most = 0;
    const u8 *p = snRdBytes(&k->rd, snPackSize(n, widths[m]));
    u64 base = snGet64(bases + 8 * m);
    if (!p) return SN_CORRUPT;
    memset(out, 0, n * sizeof *out);
    if (!colWanted(want, m)) continue;
    snUnpack(p, n, widths[m], v);
    for (u32 i = 0; i < n; i++) most = SN_MAX(most, v[i]);
    if (base >= count || most >= count - base) return SN_CORRUPT;
    for (u32 i = 0; i < n; i++) out[i] = v[i] + (u32)base;
  }
  return SEINE_OK;
}

static bool colIsNarrow(const ColWin *k) {
  if (k->codec != COL_FOR) return false;
  u32 minis = (k->n + COLR_MINI - 1) / COLR_MINI;
  if ((u64)(k->rd.end - k->rd.p) < minis) return false;
  for (u32 m = 0; m < minis; m++)
    if (k->rd.p[m] > 32) return false;
  return true;
}

static int colDecodeCodes(ColReader *c, ColWin *k, const u64 *want,
    u32 *out) {
  u32 count = snDictCount(c->dict);
  bool all_null = k->nulls == k->n;
  if (colIsNarrow(k) && !all_null) return colCodesFor(k, count, want, out);
  i64 *v = snMemAlloc(c->seg->budget, SN_WINDOW * sizeof(i64));
  if (!v) return SN_NOMEM;
  int rc = colDecode(k, want, v);
  for (u32 i = 0; !rc && i < k->n; i++) {
    if ((u64)v[i] >= count && !all_null) rc = SN_CORRUPT;
    out[i] = (u32)v[i];
  }
  snMemFree(v);
  return rc;
}

int snColSome(ColReader *c, u32 w, const u64 *want, void *out, u64 *nulls,
    bool *any) {
  ColWin k;
  int rc = colWin(c, w, &k);
  if (rc) return rc;
  colNulls(&k, nulls, any);
  if (c->kind == COL_REAL) return colDecodeReal(&k, want, out);
  if (c->kind == COL_CODE) return colDecodeCodes(c, &k, want, out);
  return colDecode(&k, want, out);
}

int snColWindow(ColReader *c, u32 w, void *out, u64 *nulls, bool *any) {
  return snColSome(c, w, NULL, out, nulls, any);
}

bool snColZone(const ColReader *c, u32 w, Zone *out) {
  memset(out, 0, sizeof *out);
  if (c->kind == COL_NONE || c->kind == COL_ROW || w >= c->nwin)
    return false;
  const u8 *e = c->dir + (size_t)w * COL_ENTRY;
  out->n = (u32)SN_MIN((u64)SN_WINDOW, c->n - (u64)w * SN_WINDOW);
  out->nulls = snGet16(e + 20);
  out->min = (i64)snGet64(e);
  out->max = (i64)snGet64(e + 8);
  memcpy(&out->rmin, e, 8);
  memcpy(&out->rmax, e + 8, 8);
  return out->nulls < out->n;
}

/* ---- filters ------------------------------------------------------------ */

/* Values of a mini-block that lie in [lo, hi], ANDed into its words. */
static void colFilterMini(const i64 *v, u32 n, i64 lo, i64 hi, u64 *bits) {
  for (u32 w = 0; w * 64 < n; w++) {
    u64 m = 0;
    u32 k = SN_MIN(64u, n - w * 64);
    for (u32 i = 0; i < k; i++)
      m |= (u64)(v[w * 64 + i] >= lo && v[w * 64 + i] <= hi) << i;
    bits[w] &= m;
  }
}

/* Offsets of more than 32 bits: where the high halves of both ends are the
** same, few pass the low half, and only of those the other is looked at. */
static bool colFilterWide(Rd *r, u32 n, u32 w, u64 from, u64 to, u64 *bits) {
  i64 v[COLR_MINI + 8];
  u32 low[COLR_MINI + 8];
  u64 in[COLR_MINI / 64];
  const u8 *p = r->p;
  if (from >> 32 != to >> 32) {
    if (!colUnpack(r, n, w, 0, 1, v)) return false;
    for (u32 i = 0; i < n; i++)
      if ((u64)v[i] - from > to - from) snBitClear(bits, i);
    return true;
  }
  if (!colSkip(r, n, w)) return false;
  snUnpack(p, n, 32, low);
  snPackWithin(low, n, (u32)from, (u32)to, in);
  for (u32 i = 0; i < COLR_MINI / 64; i++)
    for (u64 b = bits[i] &= in[i]; b; b &= b - 1) {
      u32 at = i * 64 + (u32)__builtin_ctzll(b);
      if (snPackAt(p + snPackSize(n, 32), w - 32, at) != from >> 32)
        bits[i] &= ~(b & (0 - b));
    }
  return true;
}

/* n offsets of w bits from a base, of which those in [from, to] stay. */
static bool colFilterWidth(Rd *r, u32 n, u32 w, u64 from, u64 to,
    u64 *bits) {
  u32 v[COLR_MINI + 8];
  u64 in[COLR_MINI / 64];
  if (w > 32) return colFilterWide(r, n, w, from, to, bits);
  const u8 *p = snRdBytes(r, snPackSize(n, w));
  if (!p) return false;
  snUnpack(p, n, w, v);
  snPackWithin(v, n, (u32)from, (u32)to, in);
  for (u32 i = 0; i < COLR_MINI / 64; i++) bits[i] &= in[i];
  return true;
}

static int colFilterFor(ColWin *k, i64 lo, i64 hi, u64 *bits) {
  u32 minis = (k->n + COLR_MINI - 1) / COLR_MINI;
  const u8 *widths = snRdBytes(&k->rd, (minis + 7) / 8 * 8);
  const u8 *bases = snRdBytes(&k->rd, minis * 8);
  if (!bases) return SN_CORRUPT;
  for (u32 m = 0; m < minis; m++) {
    u32 n = SN_MIN(COLR_MINI, k->n - m * COLR_MINI), w = widths[m];
    i64 base = (i64)snGet64(bases + 8 * m);
    u64 *b = bits + m * 4, top = w ? UINT64_MAX >> (64 - SN_MIN(w, 64u)) : 0;
    u64 from = lo <= base ? 0 : (u64)lo - (u64)base;
    u64 to = hi < base ? 0 : (u64)hi - (u64)base;
    bool out = hi < base || from > top, all = !from && to >= top;
    bool ok = out || all || !colWanted(bits, m)
        ? colSkip(&k->rd, n, w)
        : w <= 64 &&
            colFilterWidth(&k->rd, n, w, from, SN_MIN(to, top), b);
    if (!ok) return SN_CORRUPT;
    if (out) memset(b, 0, (n + 63) / 64 * 8);
  }
  return SEINE_OK;
}

/* The table is sorted: what lies in the range are some numbers in a row, and
** mostly none. */
static int colFilterTable(ColWin *k, i64 lo, i64 hi, u64 *bits) {
  u32 m = snRd32(&k->rd), width = snRd32(&k->rd), from = 0, some = 0;
  u32 idx[COLR_MINI + 8];
  u64 in[COLR_MINI / 64];
  const u8 *table = snRdBytes(&k->rd, m * 8ull);
  if (!table || width > 8 || m > COLR_MINI) return SN_CORRUPT;
  for (u32 i = 0; i < m; i++) {
    i64 x = (i64)snGet64(table + 8 * (size_t)i);
    from += x < lo;
    some += x >= lo && x <= hi;
  }
  if (!some) memset(bits, 0, SN_WORDS * sizeof *bits);
  for (u32 at = 0; some && at < k->n; at += COLR_MINI, bits += COLR_MINI / 64) {
    u32 n = SN_MIN(COLR_MINI, k->n - at);
    const u8 *p = snRdBytes(&k->rd, snPackSize(n, width));
    if (!p) return SN_CORRUPT;
    if (!colWanted(bits, 0)) continue;
    snUnpack(p, n, width, idx);
    snPackWithin(idx, n, from, from + some - 1, in);
    for (u32 i = 0; i < COLR_MINI / 64; i++) bits[i] &= in[i];
  }
  return SEINE_OK;
}

static int colFilterRle(ColWin *k, i64 lo, i64 hi, u64 *bits) {
  u32 runs = snRd32(&k->rd), at = 0;
  (void)snRd32(&k->rd);
  const u8 *v = snRdBytes(&k->rd, runs * 8ull);
  const u8 *e = snRdBytes(&k->rd, runs * 2ull);
  u64 in[SN_WORDS] = {0};
  if (!e) return SN_CORRUPT;
  for (u32 i = 0; i < runs; i++) {
    u32 end = snGet16(e + 2 * (size_t)i);
    i64 x = (i64)snGet64(v + 8 * (size_t)i);
    if (end > k->n || end < at) return SN_CORRUPT;
    if (x >= lo && x <= hi)
      for (; at < end; at++) snBitSet(in, at);
    at = end;
  }
  for (u32 i = 0; i < SN_WORDS; i++) bits[i] &= in[i];
  return at == k->n ? SEINE_OK : SN_CORRUPT;
}

/* Of a window in which some values may pass and others not. */
static int colFilterInts(ColReader *c, ColWin *k, i64 lo, i64 hi, u64 *bits) {
  switch (k->codec & 15) {
  case COL_FOR: return colFilterFor(k, lo, hi, bits);
  case COL_TABLE: return colFilterTable(k, lo, hi, bits);
  case COL_RLE: return colFilterRle(k, lo, hi, bits);
  default: break;
  }
  i64 *v = snMemAlloc(c->seg->budget, SN_WINDOW * sizeof(i64));
  if (!v) return SN_NOMEM;
  int rc = colDecode(k, bits, v);
  for (u32 m = 0; !rc && m * COLR_MINI < k->n; m++)
    if (colWanted(bits, m))
      colFilterMini(v + m * COLR_MINI,
          SN_MIN(COLR_MINI, k->n - m * COLR_MINI), lo, hi, bits + m * 4);
  snMemFree(v);
  return rc;
}

/* What bounds decide, and NULLs: true when values must be looked at. */
static bool colFilterBounds(const ColWin *k, bool none, bool all, u64 *bits) {
  if (none || k->nulls == k->n) {
    memset(bits, 0, SN_WORDS * sizeof(u64));
    return false;
  }
  for (u32 i = 0; k->bitmap && i < (k->n + 63) / 64; i++)
    bits[i] &= ~snGet64(k->bitmap + 8 * (size_t)i);
  return !all;
}

int snColFilter(ColReader *c, u32 w, i64 lo, i64 hi, u64 *bits) {
  ColWin k;
  int rc = colWin(c, w, &k);
  if (rc) return rc;
  bool none = lo > hi || k.max < lo || k.min > hi;
  if (!colFilterBounds(&k, none, lo <= k.min && k.max <= hi, bits))
    return SEINE_OK;
  return colFilterInts(c, &k, lo, hi, bits);
}

/* The least integer that stands for a double of v or more, at e decimals; as
** far as there are any, which is below 2^53. */
static i64 colScaledFrom(double v, u32 e) {
  double x = ceil(v * snNumScale(e)); /* or one near it */
  if (x >= COLR_EXACT) return (i64)COLR_EXACT;
  if (x <= -COLR_EXACT) return -(i64)COLR_EXACT;
  i64 n = (i64)x;
  while (snNumUnscaled(n - 1, e) >= v) n--;
  while (snNumUnscaled(n, e) < v) n++;
  return n;
}

static int colFilterRaw(ColWin *k, double lo, double hi, u64 *bits) {
  const u8 *p = snRdBytes(&k->rd, k->n * 8ull);
  if (!p) return SN_CORRUPT;
  for (u32 w = 0; w * 64 < k->n; w++) {
    u64 in = 0;
    u32 n = bits[w] ? SN_MIN(64u, k->n - w * 64) : 0;
    for (u32 i = 0; i < n; i++) {
      double v;
      memcpy(&v, p + 8 * (size_t)(w * 64 + i), 8);
      in |= (u64)(v >= lo && v <= hi) << i;
    }
    bits[w] &= in;
  }
  return SEINE_OK;
}

/* Doubles that are kept as integers are compared as such. */
int snColFilterReal(ColReader *c, u32 w, double lo, double hi, u64 *bits) {
  ColWin k;
  double min, max;
  int rc = colWin(c, w, &k);
  if (rc) return rc;
  memcpy(&min, &k.min, sizeof min);
  memcpy(&max, &k.max, sizeof max);
  u32 codec = k.codec & 15;
  bool all = lo <= min && max <= hi, none = !(lo <= hi) || max < lo || min > hi;
  if (codec == COL_CONST) none |= !all; /* or it is a NaN */
  if (codec == COL_RAW) all = false;    /* there may be some */
  if (!colFilterBounds(&k, none, all, bits)) return SEINE_OK;
  if (codec == COL_RAW && !(k.codec & COL_SCALED))
    return colFilterRaw(&k, lo, hi, bits);
  if (codec == COL_RAW || !(k.codec & COL_SCALED) || k.param > 18)
    return SN_CORRUPT;
  i64 from = colScaledFrom(lo, k.param);
  i64 to = colScaledFrom(nextafter(hi, (double)INFINITY), k.param) - 1;
  if (from <= to) return colFilterInts(c, &k, from, to, bits);
  memset(bits, 0, SN_WORDS * sizeof(u64)); /* it lies between two of them */
  return SEINE_OK;
}

/* ---- single values ------------------------------------------------------ */

static int colLoad(ColReader *c, u32 w) {
  if (c->tmp_window == w) return SEINE_OK;
  if (!c->tmp) c->tmp = snMemAlloc(c->seg->budget, SN_WINDOW * sizeof(i64));
  if (!c->tmp) return SN_NOMEM;
  c->tmp_window = UINT32_MAX;
  int rc = snColWindow(c, w, c->tmp, c->nulls, &c->any_null);
  if (!rc) c->tmp_window = w;
  return rc;
}

/* Goes to block m: those before it are full, so that their widths say how
** far. */
static bool colMini(Rd *r, const u8 *widths, u32 m) {
  u32 rows = 0;
  for (u32 i = 0; i < m; i++) rows += widths[i];
  return snRdBytes(r, (size_t)rows * 32) && widths[m] <= 64;
}

static bool colPickFor(Rd *r, u32 n, u32 at, u64 times, i64 *out) {
  u32 minis = (n + COLR_MINI - 1) / COLR_MINI, m = at / COLR_MINI;
  const u8 *widths = snRdBytes(r, (minis + 7) / 8 * 8);
  const u8 *bases = snRdBytes(r, minis * 8);
  if (!bases || !colMini(r, widths, m)) return false;
  u32 k = SN_MIN(COLR_MINI, n - m * COLR_MINI), low = SN_MIN(widths[m], 32u);
  u32 high = widths[m] - low;
  const u8 *lo = snRdBytes(r, snPackSize(k, low));
  const u8 *hi = lo ? snRdBytes(r, snPackSize(k, high)) : NULL;
  if (!hi) return false;
  u64 v = snPackAt(lo, low, at % COLR_MINI) |
      (u64)snPackAt(hi, high, at % COLR_MINI) << 32;
  *out = (i64)((snGet64(bases + 8 * m) + v) * times);
  return true;
}

static bool colPickDelta(Rd *r, u32 n, u32 at, i64 *out) {
  u32 minis = (n + COLR_MINI - 1) / COLR_MINI, m = at / COLR_MINI;
  const u8 *widths = snRdBytes(r, (minis + 7) / 8 * 8);
  const u8 *firsts = snRdBytes(r, minis * 8);
  const u8 *steps = snRdBytes(r, minis * 8);
  i64 more[COLR_MINI + 8];
  if (!steps || !colMini(r, widths, m)) return false;
  u32 k = SN_MIN(COLR_MINI, n - m * COLR_MINI), i = at % COLR_MINI;
  u64 v = snGet64(firsts + 8 * m) + i * snGet64(steps + 8 * m);
  if (widths[m]) {
    if (!colUnpack(r, k, widths[m], 0, 1, more)) return false;
    for (; i; i--) v += (u64)more[i];
  }
  *out = (i64)v;
  return true;
}

static bool colPickTable(Rd *r, u32 n, u32 at, i64 *out) {
  u32 m = snRd32(r), width = snRd32(r), first = at - at % COLR_MINI;
  const u8 *table = snRdBytes(r, m * 8ull);
  if (!table || width > 8) return false;
  u32 k = SN_MIN(COLR_MINI, n - first);
  const u8 *p = snRdBytes(r, (size_t)first / 8 * width);
  p = p ? snRdBytes(r, snPackSize(k, width)) : NULL;
  u32 idx = p ? snPackAt(p, width, at - first) : m;
  if (idx >= m) return false;
  *out = (i64)snGet64(table + 8 * (size_t)idx);
  return true;
}

/* One value of a window, as colDecode gives it; the window's own reader stays
** where it is. */
static int colPick(const ColWin *k, u32 at, i64 *out) {
  Rd r = k->rd;
  bool ok;
  u64 times = 1;
  switch (k->codec & 15) {
  case COL_CONST:
  case COL_NULLS:
    *out = k->min;
    return SEINE_OK;
  case COL_GCD: times = snRd64(&r); /* fall through */
  case COL_FOR: ok = colPickFor(&r, k->n, at, times, out); break;
  case COL_DELTA: ok = colPickDelta(&r, k->n, at, out); break;
  case COL_TABLE: ok = colPickTable(&r, k->n, at, out); break;
  case COL_RAW:
    (void)snRdBytes(&r, at * 8ull);
    *out = (i64)snRd64(&r);
    ok = !r.bad;
    break;
  default: ok = false; /* runs are read whole */
  }
  return ok ? SEINE_OK : SN_CORRUPT;
}

/* Runs are decoded whole; so is what colDecodeReal refuses. */
static bool colCanPick(const ColReader *c, const ColWin *k) {
  u32 codec = k->codec & 15;
  bool plain = codec == COL_CONST || codec == COL_NULLS || codec == COL_RAW;
  if (codec == COL_RLE) return false;
  if (c->kind != COL_REAL) return true;
  return plain == !(k->codec & COL_SCALED) && (plain || k->param <= 18);
}

/* Some values of one window; *done stays false when it is better decoded
** whole. */
static int colPicks(ColReader *c, const u32 *docs, u32 n, u8 *out,
    u64 *nulls, u32 to, bool *done) {
  ColWin k;
  int rc = colWin(c, docs[0] / SN_WINDOW, &k);
  *done = false;
  if (rc || !colCanPick(c, &k)) return rc;
  for (u32 i = 0; !rc && i < n; i++) {
    u32 at = docs[i] % SN_WINDOW, code;
    i64 v = 0;
    bool null = k.bitmap ? snGet64(k.bitmap + at / 64 * 8) >> at % 64 & 1
                         : k.nulls != 0;
    rc = colPick(&k, at, &v);
    if (null) snBitSet(nulls, to + i);
    if (c->kind == COL_CODE) {
      if (!rc && !null && (u64)v >= snDictCount(c->dict)) rc = SN_CORRUPT;
      code = (u32)v;
      memcpy(out + i * 4, &code, 4);
      continue;
    }
    if (c->kind == COL_REAL && k.codec & COL_SCALED) {
      double d = snNumUnscaled(v, k.param);
      memcpy(&v, &d, 8);
    }
    memcpy(out + i * 8, &v, 8);
  }
  *done = true;
  return rc;
}

/* Few documents of a window are picked; for more of them, or the next ones of
** a window that was decoded, it is decoded whole. */
int snColGather(ColReader *c, const u32 *docs, u32 n, void *out,
    u64 *nulls) {
  size_t size = c->kind == COL_CODE ? 4 : 8;
  for (u32 i = 0, end; i < n; i = end) {
    u32 w = docs[i] / SN_WINDOW;
    bool done = false;
    int rc = SEINE_OK;
    for (end = i; end < n && docs[end] / SN_WINDOW == w; end++)
      if (docs[end] >= c->n) return SN_CORRUPT;
    if (c->tmp_window != w && end - i < COLR_FEW)
      rc = colPicks(c, docs + i, end - i, (u8 *)out + i * size, nulls, i,
          &done);
    if (!rc && !done) rc = colLoad(c, w);
    if (rc) return rc;
    for (; !done && i < end; i++) {
      u32 at = docs[i] % SN_WINDOW;
      memcpy((u8 *)out + i * size, (u8 *)c->tmp + at * size, size);
      if (c->any_null && snBit(c->nulls, at)) snBitSet(nulls, i);
    }
  }
  return SEINE_OK;
}

/* Adds up the counts of window w. */
static int colLoadEnds(ColReader *c, u32 w) {
  if (c->ends_window == w) return SEINE_OK;
  ColReader *k = c->counts;
  if (!c->ends)
    c->ends = snMemAlloc(c->seg->budget, (SN_WINDOW + 1) * sizeof(u64));
  if (!c->ends) return SN_NOMEM;
  int rc = colLoad(k, w);
  if (rc) return rc;
  const i64 *v = k->tmp;
  u32 n = (u32)SN_MIN((u64)SN_WINDOW, k->n - (u64)w * SN_WINDOW);
  c->ends[0] = c->starts[w];
  for (u32 i = 0; i < n; i++) {
    bool null = k->any_null && snBit(k->nulls, i);
    c->ends[i + 1] = c->ends[i] + (null ? 0 : (u64)v[i]);
  }
  c->ends_window = w;
  return SEINE_OK;
}

int snColSpan(ColReader *c, u32 doc, u64 *from, u32 *n, bool *null) {
  ColReader *k = c->counts;
  u32 w = doc / SN_WINDOW, at = doc % SN_WINDOW;
  *from = *n = 0;
  *null = true;
  int rc = k && doc < k->n ? colLoadEnds(c, w) : SN_CORRUPT;
  if (!rc) rc = colLoad(k, w);
  if (rc) return rc;
  *null = k->any_null && snBit(k->nulls, at);
  *from = c->ends[at];
  *n = (u32)(c->ends[at + 1] - *from);
  return SEINE_OK;
}

int snColItem(ColReader *c, u64 at, i64 *out, bool *null) {
  *out = 0;
  *null = true;
  int rc = at < c->n ? colLoad(c, (u32)(at / SN_WINDOW)) : SN_CORRUPT;
  if (rc) return rc;
  u32 i = (u32)(at % SN_WINDOW);
  *null = c->any_null && snBit(c->nulls, i);
  if (c->kind == COL_CODE) *out = ((u32 *)c->tmp)[i];
  else memcpy(out, (u8 *)c->tmp + 8 * (size_t)i, 8);
  return SEINE_OK;
}

static int colElement(ColReader *c, u64 at, Arena *a, Buf *b) {
  i64 v;
  bool null;
  int rc = snColItem(c, at, &v, &null);
  if (rc) return rc;
  if (null) {
    snArrayNull(b);
  } else if (c->kind == COL_INT) {
    snArrayInt(b, v);
  } else if (c->kind == COL_REAL) {
    double d;
    memcpy(&d, &v, 8);
    snArrayReal(b, d);
  } else {
    DictText t;
    u32 ord = (u32)v;
    rc = snDictTexts(c->dict, &ord, 1, a, &t);
    if (!rc) snArrayStr(b, t.p, t.n);
  }
  return rc;
}

int snColArrays(ColReader *c, const u32 *docs, u32 n, Arena *a,
    DictText *out, u64 *nulls) {
  Buf b;
  int rc = SEINE_OK;
  snBufInit(&b, c->seg->budget);
  for (u32 i = 0; !rc && i < n; i++) {
    u64 from;
    u32 count;
    bool null;
    out[i] = (DictText){NULL, 0, 0};
    rc = snColSpan(c, docs[i], &from, &count, &null);
    if (rc) break;
    if (null) {
      snBitSet(nulls, i);
      continue;
    }
    b.n = 0;
    snArrayBegin(&b, c->type & 0x3f, count);
    for (u32 j = 0; !rc && j < count; j++)
      rc = colElement(c, from + j, a, &b);
    if (!rc) rc = b.rc;
    u8 *p = rc ? NULL : snArenaBytes(a, b.n);
    if (!rc && !p) rc = SN_NOMEM;
    if (rc) break;
    memcpy(p, b.data, b.n);
    out[i] = (DictText){p, (u32)b.n, 0};
  }
  snBufClear(&b);
  return rc;
}
#undef COLR_MINI
#undef COLR_FEW
#undef COLR_FOUR
#undef COLR_EXACT
