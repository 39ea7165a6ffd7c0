/*
** col_write: a column of numbers, written window by window.
**
** Section (INTS, REALS, CODES, COUNTS):
**   u32 values (low), u32 values (high), u32 windows, u8 type, 3 bytes 0
**   per window, 24 bytes: i64 min, i64 max (of REALS: the bits of doubles),
**     u32 offset of the data in units of 8 bytes from the end of these
**     entries, u16 nulls, u8 codec, u8 parameter
**   data of the windows, each at a multiple of 8
** Data of a window of n values: if 0 < nulls < n a bitmap of ceil(n / 64)
** words, then by codec (mini-blocks are 256 values, m of them):
**   CONST  nothing: every value is min
**   FOR    m widths (bytes, padded to 8), m i64 bases, packed v - base
**   DELTA  m widths, m i64 first values, m i64 least steps, packed steps
**          (the first step of a mini-block is its least one)
**   GCD    i64 divisor, then as FOR of v / divisor (floor of exact)
**   TABLE  u32 values, u32 width, sorted i64 values, packed indexes
**   RLE    u32 runs, u32 0, i64 value of each run, u16 end of each run
**   RAW    8 bytes each
**   NULLS  nothing
** A width above 32 is packed twice: the low 32 bits, then the others.
** REALS: codec | 0x10 means integers, to be divided by 10^parameter; CONST
** and RAW then hold doubles.  A NULL row repeats the value before it.
*/
#include "index/indexInt.h"

#define COLW_MINI   256u
#define COLW_TABLE  256u
#define COLW_PLACES 1024u /* at most a quarter of them is taken */

void snColWriteInit(ColWriter *w, Budget *b, u8 type, bool real) {
  memset(w, 0, sizeof *w);
  w->type = type;
  w->real = real;
  snBufInit(&w->dir, b);
  snBufInit(&w->data, b);
  w->tmp = snMemAlloc(b, 2 * SN_WINDOW * sizeof(i64));
  w->pack = snMemAlloc(b, (SN_WINDOW + 8) * sizeof(u32));
  if (!w->tmp || !w->pack) w->rc = SN_NOMEM;
}

void snColWriteFree(ColWriter *w) {
  snBufClear(&w->dir);
  snBufClear(&w->data);
  snMemFree(w->tmp);
  snMemFree(w->pack);
  w->tmp = NULL;
  w->pack = NULL;
}

static u32 colWriteWidth(u64 v) {
  return v ? 64u - (u32)__builtin_clzll(v) : 0;
}

static u64 colWriteSize(u32 n, u32 width) {
  return width > 32 ? (u64)snPackSize(n, 32) + snPackSize(n, width - 32)
                    : snPackSize(n, width);
}

/* What a window looks like to the codecs. */
typedef struct ColStats {
  u32 n, runs;
  i64 min, max;
  u64 size_for, size_delta, size_gcd, size_table, size_rle;
  u64 gcd;
  u32 distinct;
  i64 table[COLW_TABLE];  /* sorted, when distinct <= COLW_TABLE */
  u16 rank[COLW_PLACES];  /* place in the table + 1, by colWritePlace(); 0:
                          ** no value is there */
  i64 value[COLW_PLACES]; /* the one that is */
} ColStats;

static u64 colWriteGcd(u64 a, u64 b) {
  while (b) {
    u64 t = a % b;
    a = b;
    b = t;
  }
  return a;
}

static void colWriteMini(ColStats *s, const i64 *v, u32 n) {
  const u64 top = 1ull << 63; /* so that steps order as signed numbers */
  i64 lo = v[0], hi = v[0];
  u64 step_lo = UINT64_MAX, step_hi = 0;
  u32 runs = 0;
  for (u32 i = 1; i < n; i++) {
    u64 step = ((u64)v[i] - (u64)v[i - 1]) ^ top;
    lo = SN_MIN(lo, v[i]);
    hi = SN_MAX(hi, v[i]);
    step_lo = SN_MIN(step_lo, step);
    step_hi = SN_MAX(step_hi, step);
    runs += step != top;
  }
  if (n == 1) step_lo = step_hi;
  s->runs += runs;
  u64 range = (u64)hi - (u64)lo;
  s->size_for += colWriteSize(n, colWriteWidth(range));
  s->size_delta += colWriteSize(n, colWriteWidth(step_hi - step_lo));
  if (s->gcd > 1)
    s->size_gcd += colWriteSize(n, colWriteWidth(range / s->gcd));
}

static void colWriteBounds(ColStats *s, const i64 *v, u32 n) {
  i64 lo = v[0], hi = v[0];
  for (u32 i = 1; i < n; i++) {
    lo = SN_MIN(lo, v[i]);
    hi = SN_MAX(hi, v[i]);
  }
  s->min = lo;
  s->max = hi;
}

/* The place of a value: where it is, or could be put. */
static u32 colWritePlace(const ColStats *s, i64 v) {
  u64 h = (u64)v * 0x9e3779b97f4a7c15u;
  u32 at = (u32)(h >> 54);
  while (s->rank[at] && s->value[at] != v) at = (at + 1) % COLW_PLACES;
  return at;
}

/* A new value, into the sorted array. */
static void colWriteInsert(ColStats *s, i64 v) {
  u32 lo = 0, hi = s->distinct;
  while (lo < hi) {
    u32 mid = (lo + hi) / 2;
    if (s->table[mid] < v) lo = mid + 1;
    else hi = mid;
  }
  memmove(s->table + lo + 1, s->table + lo,
      (s->distinct - lo) * sizeof(i64));
  s->table[lo] = v;
  s->distinct++;
}

/* Distinct values, as long as so many pay. */
static void colWriteDistinct(ColStats *s, const i64 *v, u32 n) {
  s->distinct = 0;
  memset(s->rank, 0, sizeof s->rank);
  for (u32 i = 0; i < n; i++) {
    if (i && v[i] == v[i - 1]) continue;
    u32 at = colWritePlace(s, v[i]);
    if (s->rank[at]) continue;
    if (s->distinct == COLW_TABLE ||
        (s->distinct >= 16 && s->distinct >= i / 4 + 8)) {
      s->distinct = UINT32_MAX;
      return;
    }
    s->rank[at] = 1;
    s->value[at] = v[i];
    colWriteInsert(s, v[i]);
  }
  for (u32 k = 0; k < s->distinct; k++)
    s->rank[colWritePlace(s, s->table[k])] = (u16)(k + 1);
}

static u32 colWriteChoose(ColStats *s, const i64 *v, u32 n) {
  u32 minis = (n + COLW_MINI - 1) / COLW_MINI;
  s->n = n;
  s->runs = 1;
  s->gcd = 0;
  colWriteBounds(s, v, n);
  if (s->min == s->max) return COL_CONST;
  for (u32 i = 0; i < n && s->gcd != 1; i++) {
    u64 m = v[i] < 0 ? 0 - (u64)v[i] : (u64)v[i];
    if (m != s->gcd) s->gcd = colWriteGcd(s->gcd, m);
  }
  if (s->gcd > INT64_MAX) s->gcd = 1;
  s->size_for = 16u * minis;
  s->size_delta = 24u * minis;
  s->size_gcd = s->gcd > 1 ? 16u * minis + 8 : UINT64_MAX / 2;
  for (u32 i = 0; i < n; i += COLW_MINI) {
    if (i && v[i] != v[i - 1]) s->runs++;
    colWriteMini(s, v + i, SN_MIN(COLW_MINI, n - i));
  }
  s->size_rle = 8 + 10ull * s->runs;
  s->size_table = UINT64_MAX;
  colWriteDistinct(s, v, n);
  if (s->distinct <= COLW_TABLE) {
    u32 w = colWriteWidth(s->distinct - 1);
    s->size_table = 8 + 8ull * s->distinct;
    for (u32 i = 0; i < n; i += COLW_MINI)
      s->size_table += snPackSize(SN_MIN(COLW_MINI, n - i), w);
  }
  u32 best = COL_FOR;
  u64 size = s->size_for;
  if (s->size_gcd < size) { best = COL_GCD; size = s->size_gcd; }
  if (s->size_table < size) { best = COL_TABLE; size = s->size_table; }
  if (s->size_delta + s->size_delta / 8 < size) {
    best = COL_DELTA;
    size = s->size_delta;
  }
  if (s->size_rle < size) { best = COL_RLE; size = s->size_rle; }
  return best;
}

static void colWritePack(ColWriter *w, const u64 *v, u32 n, u32 width) {
  u32 low = SN_MIN(width, 32u);
  for (u32 i = 0; i < n; i++) w->pack[i] = (u32)v[i];
  u8 *at = snBufSpace(&w->data, snPackSize(n, low));
  if (at) snPack(w->pack, n, low, at);
  if (width <= 32) return;
  for (u32 i = 0; i < n; i++) w->pack[i] = (u32)(v[i] >> 32);
  at = snBufSpace(&w->data, snPackSize(n, width - 32));
  if (at) snPack(w->pack, n, width - 32, at);
}

static void colWriteFor(ColWriter *w, const i64 *v, u32 n) {
  u32 minis = (n + COLW_MINI - 1) / COLW_MINI;
  u8 widths[16] = {0};
  i64 bases[16];
  u64 tmp[COLW_MINI];
  for (u32 m = 0; m < minis; m++) {
    const i64 *p = v + m * COLW_MINI;
    u32 k = SN_MIN(COLW_MINI, n - m * COLW_MINI);
    i64 lo = p[0], hi = p[0];
    for (u32 i = 1; i < k; i++) {
      lo = SN_MIN(lo, p[i]);
      hi = SN_MAX(hi, p[i]);
    }
    bases[m] = lo;
    widths[m] = (u8)colWriteWidth((u64)hi - (u64)lo);
  }
  snBufAdd(&w->data, widths, (minis + 7) / 8 * 8);
  snBufAdd(&w->data, bases, minis * sizeof(i64));
  for (u32 m = 0; m < minis; m++) {
    const i64 *p = v + m * COLW_MINI;
    u32 k = SN_MIN(COLW_MINI, n - m * COLW_MINI);
    for (u32 i = 0; i < k; i++) tmp[i] = (u64)p[i] - (u64)bases[m];
    colWritePack(w, tmp, k, widths[m]);
  }
}

static void colWriteDelta(ColWriter *w, const i64 *v, u32 n) {
  u32 minis = (n + COLW_MINI - 1) / COLW_MINI;
  u8 widths[16] = {0};
  i64 first[16], least[16];
  u64 tmp[COLW_MINI];
  for (u32 m = 0; m < minis; m++) {
    const i64 *p = v + m * COLW_MINI;
    u32 k = SN_MIN(COLW_MINI, n - m * COLW_MINI);
    u64 lo = UINT64_MAX, hi = 0;
    for (u32 i = 1; i < k; i++) {
      u64 d = ((u64)p[i] - (u64)p[i - 1]) ^ (1ull << 63);
      lo = SN_MIN(lo, d);
      hi = SN_MAX(hi, d);
    }
    if (k == 1) lo = hi = 1ull << 63;
    first[m] = p[0];
    least[m] = (i64)(lo ^ (1ull << 63));
    widths[m] = (u8)colWriteWidth(hi - lo);
  }
  snBufAdd(&w->data, widths, (minis + 7) / 8 * 8);
  snBufAdd(&w->data, first, minis * sizeof(i64));
  snBufAdd(&w->data, least, minis * sizeof(i64));
  for (u32 m = 0; m < minis; m++) {
    const i64 *p = v + m * COLW_MINI;
    u32 k = SN_MIN(COLW_MINI, n - m * COLW_MINI);
    tmp[0] = 0;
    for (u32 i = 1; i < k; i++)
      tmp[i] = (u64)p[i] - (u64)p[i - 1] - (u64)least[m];
    colWritePack(w, tmp, k, widths[m]);
  }
}

static void colWriteTable(ColWriter *w, const ColStats *s, const i64 *v,
    u32 n) {
  u32 width = colWriteWidth(s->distinct - 1);
  u64 tmp[COLW_MINI];
  snBufU32(&w->data, s->distinct);
  snBufU32(&w->data, width);
  snBufAdd(&w->data, s->table, s->distinct * sizeof(i64));
  for (u32 at = 0; at < n; at += COLW_MINI) {
    u32 k = SN_MIN(COLW_MINI, n - at);
    for (u32 i = 0; i < k; i++)
      tmp[i] = s->rank[colWritePlace(s, v[at + i])] - 1u;
    colWritePack(w, tmp, k, width);
  }
}

static void colWriteRle(ColWriter *w, const ColStats *s, const i64 *v,
    u32 n) {
  snBufU32(&w->data, s->runs);
  snBufU32(&w->data, 0);
  for (u32 i = 0; i < n; i++)
    if (!i || v[i] != v[i - 1]) snBufU64(&w->data, (u64)v[i]);
  for (u32 i = 1; i <= n; i++)
    if (i == n || v[i] != v[i - 1]) snBufU16(&w->data, (u16)i);
}

static void colWriteEntry(ColWriter *w, i64 min, i64 max, u64 at, u32 nulls,
    u32 codec, u32 param) {
  snBufU64(&w->dir, (u64)min);
  snBufU64(&w->dir, (u64)max);
  if (at / 8 > UINT32_MAX) w->rc = SEINE_TOOBIG;
  snBufU32(&w->dir, (u32)(at / 8));
  snBufU16(&w->dir, (u16)nulls);
  snBufByte(&w->dir, (u8)codec);
  snBufByte(&w->dir, (u8)param);
  w->nwin++;
}

static u32 colWriteNulls(ColWriter *w, const u64 *nulls, u32 n) {
  u32 words = (n + 63) / 64, count = 0;
  if (!nulls) return 0;
  for (u32 i = 0; i < n; i++) count += snBit(nulls, i);
  if (!count || count == n) return count;
  u8 *at = snBufSpace(&w->data, words * 8);
  if (!at) return count;
  memcpy(at, nulls, words * 8);
  if (n % 64) {
    u64 last = nulls[words - 1] & ((1ull << (n % 64)) - 1);
    snPut64(at + (words - 1) * 8, last);
  }
  return count;
}

/* Encodes integers; returns the codec. */
static u32 colWriteBody(ColWriter *w, const i64 *v, u32 n, ColStats *s) {
  u32 codec = colWriteChoose(s, v, n);
  switch (codec) {
  case COL_FOR: colWriteFor(w, v, n); break;
  case COL_DELTA: colWriteDelta(w, v, n); break;
  case COL_TABLE: colWriteTable(w, s, v, n); break;
  case COL_RLE: colWriteRle(w, s, v, n); break;
  case COL_GCD: {
    i64 *q = w->tmp + SN_WINDOW;
    for (u32 i = 0; i < n; i++) q[i] = v[i] / (i64)s->gcd;
    snBufU64(&w->data, s->gcd);
    colWriteFor(w, q, n);
    break;
  }
  default: break;
  }
  return codec;
}

void snColWriteInts(ColWriter *w, const i64 *v, const u64 *nulls, u32 n) {
  if (w->rc || !n) return;
  snBufAlign(&w->data, 8);
  u64 at = w->data.n;
  u32 nnull = colWriteNulls(w, nulls, n);
  w->n += n;
  if (nnull == n) {
    colWriteEntry(w, 0, 0, at, n, COL_NULLS, 0);
    return;
  }
  if (nnull) { /* a null repeats its neighbour: it costs nothing then */
    u32 k = 0;
    while (snBit(nulls, k)) k++;
    i64 last = v[k];
    for (u32 i = 0; i < n; i++) {
      if (!snBit(nulls, i)) last = v[i];
      w->tmp[i] = last;
    }
    v = w->tmp;
  }
  ColStats s;
  u32 codec = colWriteBody(w, v, n, &s);
  colWriteEntry(w, s.min, s.max, at, nnull, codec, 0);
}

/* Decimals that make every value of the window a whole number, or -1. */
static i32 colWriteDecimals(const double *v, u32 n, i64 *out) {
  for (u32 e = 0; e <= 9; e++) {
    u32 i = 0;
    while (i < n && !(v[i] == 0 && signbit(v[i])) &&
           snNumScaled(v[i], e, out + i))
      i++;
    if (i == n) return (i32)e;
    if (i == 0 && e == 0 && !isfinite(v[0])) return -1;
  }
  return -1;
}

void snColWriteReals(ColWriter *w, const double *v, const u64 *nulls,
    u32 n) {
  if (w->rc || !n) return;
  snBufAlign(&w->data, 8);
  u64 at = w->data.n;
  u32 nnull = colWriteNulls(w, nulls, n);
  w->n += n;
  if (nnull == n) {
    colWriteEntry(w, 0, 0, at, n, COL_NULLS, 0);
    return;
  }
  double *r = (double *)w->tmp + SN_WINDOW, last = 0, min = INFINITY;
  double max = -INFINITY;
  for (u32 i = n; i-- > 0;)
    if (!nulls || !snBit(nulls, i)) last = v[i];
  bool nan = false, same = true;
  for (u32 i = 0; i < n; i++) {
    if (!nulls || !snBit(nulls, i)) last = v[i];
    r[i] = last;
    if (isnan(last)) nan = true;
    if (last < min) min = last;
    if (last > max) max = last;
    if (memcmp(&r[i], &r[0], 8)) same = false;
  }
  if (nan) { /* a NaN may be anywhere: no bounds */
    min = -INFINITY;
    max = INFINITY;
  }
  i64 lo, hi;
  memcpy(&lo, &min, 8);
  memcpy(&hi, &max, 8);
  if (same && !nan) {
    memcpy(&lo, &r[0], 8);
    colWriteEntry(w, lo, lo, at, nnull, COL_CONST, 0);
    return;
  }
  i32 e = nan ? -1 : colWriteDecimals(r, n, w->tmp);
  if (e < 0) {
    snBufAdd(&w->data, r, n * sizeof(double));
    colWriteEntry(w, lo, hi, at, nnull, COL_RAW, 0);
    return;
  }
  ColStats s;
  u32 codec = colWriteBody(w, w->tmp, n, &s);
  colWriteEntry(w, lo, hi, at, nnull, codec | COL_SCALED, (u32)e);
}

void snColWritePacked(ColWriter *w, const u8 *entry, const u8 *data,
    u64 len, u32 n) {
  if (w->rc) return;
  snBufAlign(&w->data, 8);
  u64 at = w->data.n;
  snBufAdd(&w->data, data, len);
  w->n += n;
  colWriteEntry(w, (i64)snGet64(entry), (i64)snGet64(entry + 8), at,
      snGet16(entry + 20), entry[22], entry[23]);
}

void snColWriteEnd(ColWriter *w, Buf *out) {
  snBufU32(out, (u32)w->n);
  snBufU32(out, (u32)(w->n >> 32));
  snBufU32(out, w->nwin);
  snBufByte(out, w->type);
  snBufZero(out, 3);
  snBufAdd(out, w->dir.data, w->dir.n);
  snBufAdd(out, w->data.data, w->data.n);
  snBufAlign(out, 8);
  if (!out->rc) out->rc = w->rc ? w->rc : w->dir.rc ? w->dir.rc : w->data.rc;
}
#undef COLW_MINI
#undef COLW_TABLE
#undef COLW_PLACES
