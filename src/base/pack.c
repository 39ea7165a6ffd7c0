/*
** pack: bit packing of up to 256 values, and the patched form for values
** with outliers.
**
** Packed: eight lanes of 32 bits.  Value i lives in lane i % 8, row i / 8.
** A lane packs its rows low bits first into 32-bit words; word k of lane l
** is at byte (k * 8 + l) * 4.  A full block of 256 values of w bits is
** exactly w rows of words, so nothing is lost.
**
** Tight: of the last words, when they are not full, only the bytes that hold
** bits, lane by lane.  n = 256: as packed.
**
** Patched: byte w (0 .. 32), byte e, the low w bits of all, tight; then the
** high parts (value >> w) of those where it is not 0.  e < 255: e times byte
** index (rising), varint of it.  e = 255: (n + 7) / 8 bytes, a bitmap that
** tells which, and the high parts less one as a patched block of their own,
** where w is not 0.  All w of nested blocks come to 32 at most.
**
** (1) Unpack reads snPackSize(n, w) bytes and no more, whatever they hold.
** (2) Values of the last row behind n are packed as 0: same input, same
**     bytes.
** (3) A full block runs code made for its width, where every shift is a
**     constant; tails, and x86 machines without AVX2, one loop for all.
*/
#include "base/base.h"

#if defined(__x86_64__) && defined(__GNUC__)
#define PACK_AVX2 1
#include <immintrin.h>
#else
#define PACK_AVX2 0
#endif

#define PACK_LANES 8u
#define PACK_ROWS  (PACK_BLOCK / PACK_LANES)

/* A row in a register, in memory, and half of one. */
typedef u32 PackRow __attribute__((vector_size(32)));
typedef u32 PackRowAt
    __attribute__((vector_size(32), aligned(1), may_alias));
typedef u32 PackHalf __attribute__((vector_size(16)));
typedef u32 PackHalfAt
    __attribute__((vector_size(16), aligned(1), may_alias));

/* Lanes of a count from 0, those of b go on behind. */
#ifdef __clang__
#define PACK_SHUFFLE(type, a, b, ...) \
  __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define PACK_SHUFFLE(type, a, b, ...) \
  __builtin_shuffle(a, b, (type){__VA_ARGS__})
#endif

/* Every width but 0. */
#define PACK_WIDTHS(X) \
  X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13) X(14) \
  X(15) X(16) X(17) X(18) X(19) X(20) X(21) X(22) X(23) X(24) X(25) X(26) \
  X(27) X(28) X(29) X(30) X(31) X(32)

SN_INLINE u32 packMask(u32 w) {
  return w ? ~0u >> (32 - w) : 0;
}

/* ---- packing ------------------------------------------------------------ */

u32 snPackWidth(const u32 *in, u32 n) {
  PackRow any = {0};
  u32 all = 0, i = 0;
  for (; i + PACK_LANES <= n; i += PACK_LANES) {
    any |= *(const PackRowAt *)(const void *)(in + i);
  }
  for (; i < n; i++) all |= in[i];
  for (i = 0; i < PACK_LANES; i++) all |= any[i];
  return all ? 32u - (u32)__builtin_clz(all) : 0;
}

SN_INLINE void packPut(const u32 *in, u32 n, u32 w, u8 *out) {
  PackRowAt *to = (PackRowAt *)(void *)out;
  PackRow word = {0}, row = {0};
  u32 rows = (n + 7) / PACK_LANES, fill = 0, r, mask = packMask(w);
  u32 last[PACK_LANES] = {0};
  if (n % PACK_LANES) {
    memcpy(last, in + n / PACK_LANES * PACK_LANES, n % PACK_LANES * 4);
  }
  for (r = 0; r < rows; r++) {
    const void *from = (r + 1) * PACK_LANES <= n ? in + r * PACK_LANES : last;
    row = *(const PackRowAt *)from & mask;
    word |= row << fill;
    fill += w;
    if (fill < 32) continue;
    *to++ = word;
    fill -= 32;
    word = fill ? row >> (w - fill) : (PackRow){0};
  }
  if (fill) *to = word;
}

SN_WIDE static void packPutFast(const u32 *in, u32 n, u32 w, u8 *out) {
  packPut(in, n, w, out);
}

void snPack(const u32 *in, u32 n, u32 w, u8 *out) {
  assert(n <= PACK_BLOCK && w <= 32);
  if (!w) return;
  if (SN_HAS_WIDE()) packPutFast(in, n, w, out);
  else packPut(in, n, w, out);
}

/* ---- unpacking ---------------------------------------------------------- */

/* Row r of width w. */
#define PACK_GET(row, from, r, w, mask) \
  do { \
    u32 bit_ = (r) * (w), shift_ = bit_ & 31; \
    row = (from)[bit_ / 32] >> shift_; \
    if (shift_ + (w) > 32) row |= (from)[bit_ / 32 + 1] << (32 - shift_); \
    row &= (mask); \
  } while (0)

/* A whole block of constant width. */
SN_INLINE void packFull(const u8 *restrict in, u32 w, u32 *restrict out) {
  const PackRowAt *from = (const PackRowAt *)(const void *)in;
  PackRowAt *to = (PackRowAt *)(void *)out;
  PackRow row;
  u32 r, mask = packMask(w);
#pragma GCC unroll 32
  for (r = 0; r < PACK_ROWS; r++) {
    PACK_GET(row, from, r, w, mask);
    to[r] = row;
  }
}

/* Any number of rows of any width. */
SN_INLINE void packTail(const u8 *in, u32 rows, u32 w, u32 *out) {
  const PackRowAt *from = (const PackRowAt *)(const void *)in;
  PackRowAt *to = (PackRowAt *)(void *)out;
  PackRow row;
  u32 r, mask = packMask(w);
  for (r = 0; r < rows; r++) {
    PACK_GET(row, from, r, w, mask);
    to[r] = row;
  }
}

#define PACK_CASE(w) \
  case w: packFull(in, w, out); break;

SN_WIDE static void packGetFast(const u8 *in, u32 rows, u32 w, u32 *out) {
  if (rows < PACK_ROWS) {
    packTail(in, rows, w, out);
    return;
  }
  switch (w) { PACK_WIDTHS(PACK_CASE) }
}

u32 snPackAt(const u8 *in, u32 w, u32 i) {
  u32 bit = i / PACK_LANES * w, shift = bit & 31;
  const u8 *at = in + (bit / 32 * PACK_LANES + i % PACK_LANES) * 4;
  u64 v;
  assert(i < PACK_BLOCK && w <= 32);
  if (!w) return 0;
  v = snGet32(at) >> shift;
  if (shift + w > 32) v |= (u64)snGet32(at + 4 * PACK_LANES) << (32 - shift);
  return (u32)v & packMask(w);
}

/* Gaps become documents: a row is summed along its lanes, then the last
** document so far, which `last` holds in every lane, is added.  From row to
** row the chain is one addition. */
SN_WIDE static void packSumFast(u32 rows, u32 base, u32 *out) {
  PackRowAt *to = (PackRowAt *)(void *)out;
  PackRow none = {0}, row, last = none + base;
  u32 r;
  for (r = 0; r < rows; r++) {
    row = to[r] + 1;
    row += PACK_SHUFFLE(PackRow, none, row, 0, 8, 9, 10, 4, 12, 13, 14);
    row += PACK_SHUFFLE(PackRow, none, row, 0, 1, 8, 9, 4, 5, 12, 13);
    row += PACK_SHUFFLE(PackRow, none, row, 0, 1, 2, 3, 11, 11, 11, 11);
    to[r] = row + last;
    last += PACK_SHUFFLE(PackRow, row, row, 7, 7, 7, 7, 7, 7, 7, 7);
  }
}

/* The same four lanes at a time: without wide registers the shuffles of
** eight lanes would be done one number after the other. */
static void packSum(u32 rows, u32 base, u32 *out) {
  PackHalfAt *to = (PackHalfAt *)(void *)out;
  PackHalf none = {0}, half, last = none + base;
  u32 r;
  for (r = 0; r < rows * 2; r++) {
    half = to[r] + 1;
    half += PACK_SHUFFLE(PackHalf, none, half, 0, 4, 5, 6);
    half += PACK_SHUFFLE(PackHalf, none, half, 0, 1, 4, 5);
    to[r] = half + last;
    last += PACK_SHUFFLE(PackHalf, half, half, 3, 3, 3, 3);
  }
}

/* A width of 0 has no bytes; a forged one above 32 counts as 0. */
void snUnpack(const u8 *in, u32 n, u32 w, u32 *out) {
  u32 rows = (n + 7) / PACK_LANES;
  assert(n <= PACK_BLOCK && w <= 32);
  if (w - 1 >= 32) memset(out, 0, rows * sizeof(PackRow));
  else if (SN_HAS_WIDE()) packGetFast(in, rows, w, out);
  else packTail(in, rows, w, out);
}

static void packSumDocs(u32 n, u32 base, u32 *out) {
  u32 rows = (n + 7) / PACK_LANES;
  if (PACK_AVX2 && SN_HAS_WIDE()) packSumFast(rows, base, out);
  else packSum(rows, base, out);
}

void snUnpackDocs(const u8 *in, u32 n, u32 w, u32 base, u32 *out) {
  snUnpack(in, n, w, out);
  packSumDocs(n, base, out);
}

/* ---- comparing ---------------------------------------------------------- */

#if PACK_AVX2

/* x <= span, unsigned, is min(x, span) == x. */
SN_WIDE static void packWithinFast(const u32 *v, u32 n, u32 lo, u32 span,
    u64 *out) {
  __m256i from = _mm256_set1_epi32((int)lo);
  __m256i most = _mm256_set1_epi32((int)span);
  for (u32 i = 0; i < n; i += PACK_LANES) {
    __m256i x = _mm256_sub_epi32(
        _mm256_loadu_si256((const __m256i *)(const void *)(v + i)), from);
    __m256i in = _mm256_cmpeq_epi32(_mm256_min_epu32(x, most), x);
    u64 bits = (u32)_mm256_movemask_ps(_mm256_castsi256_ps(in));
    out[i / 64] |= bits << (i & 63);
  }
}

#endif

static void packWithin(const u32 *v, u32 n, u32 lo, u32 span, u64 *out) {
  for (u32 i = 0; i < n; i++)
    out[i / 64] |= (u64)(v[i] - lo <= span) << (i & 63);
}

void snPackWithin(const u32 *v, u32 n, u32 lo, u32 hi, u64 *out) {
  assert(n <= PACK_BLOCK && lo <= hi);
  memset(out, 0, PACK_BLOCK / 8);
#if PACK_AVX2
  if (SN_HAS_WIDE()) {
    packWithinFast(v, n, lo, hi - lo, out);
    return;
  }
#endif
  packWithin(v, n, lo, hi - lo, out);
}

#ifdef SEINE_TEST

/* The layout once more, said the plain way. */
void snUnpackScalar(const u8 *in, u32 n, u32 w, u32 *out) {
  u32 i, end = (n + 7) / PACK_LANES * PACK_LANES;
  for (i = 0; i < end; i++) {
    u32 lane = i % PACK_LANES, bit = i / PACK_LANES * w;
    u32 word = bit / 32, shift = bit % 32;
    u64 v = 0;
    if (w) v = snGet32(in + (word * PACK_LANES + lane) * 4);
    if (shift + w > 32) {
      v |= (u64)snGet32(in + ((word + 1) * PACK_LANES + lane) * 4) << 32;
    }
    out[i] = (u32)(v >> shift) & packMask(w);
  }
}

#endif

/* ---- patched ------------------------------------------------------------ */

#define PACK_BITMAP 255u /* in place of a count of exceptions */
#define PACK_NESTED 6u   /* bytes that a nested block must save: its price */

/* Bytes of the last words of a lane, tight. */
static u32 packRest(u32 n, u32 w) {
  return ((n + 7) / PACK_LANES * w % 32 + 7) / 8;
}

static u32 packTightSize(u32 n, u32 w) {
  u32 rows = (n + 7) / PACK_LANES;
  return rows * w / 32 * 32 + packRest(n, w) * PACK_LANES;
}

static void packTightPut(Buf *b, const u32 *in, u32 n, u32 w) {
  u8 all[PACK_BLOCK * 4];
  u32 size = packTightSize(n, w), rest = packRest(n, w), l;
  u8 *to = snBufSpace(b, size), *from = all;
  if (!to) return;
  snPack(in, n, w, all);
  size -= rest * PACK_LANES;
  if (size) memcpy(to, from, size);
  to += size;
  from += size;
  for (l = 0; rest && l < PACK_LANES; l++)
    memcpy(to + rest * l, from + 4 * l, rest);
}

/* Reads tight values; false when bytes are missing. */
static bool packTightGet(Rd *r, u32 n, u32 w, u32 *out) {
  u8 all[PACK_BLOCK * 4 + 4]; /* a lane may be read as four bytes */
  u32 size = packTightSize(n, w), rest = packRest(n, w), l;
  const u8 *from = snRdBytes(r, size);
  if (!from) return false;
  if (rest) {
    u32 full = size - rest * PACK_LANES, last[PACK_LANES];
    memcpy(all, from, size);
    for (l = 0; l < PACK_LANES; l++)
      last[l] = snGet32(all + full + rest * l) & packMask(8 * rest);
    memcpy(all + full, last, sizeof last);
    from = all;
  }
  snUnpack(from, n, w, out);
  return true;
}

/* The widths of a patched block and of those nested in it.  top: bits of the
** widest value.  Per width w below: values of more bits, bytes of a list of
** their high parts and of a nested block of them, and the width at which that
** is cut again, counted from bit 0. */
typedef struct PackPlan {
  u32 top, above[33], list[33], size[33], next[33];
} PackPlan;

/* Bytes of a bitmap of n and of what it tells the place of. */
static u32 packPlanNested(const PackPlan *p, u32 n, u32 w) {
  return (n + 7) / 8 + p->size[w] + PACK_NESTED;
}

static bool packPlanMaps(const PackPlan *p, u32 n, u32 w) {
  return p->above[w] >= PACK_BITMAP || packPlanNested(p, n, w) < p->list[w];
}

/* Where n values that begin at bit `base` are best cut, at `from` or above. */
static u32 packPlanCut(const PackPlan *p, u32 n, u32 base, u32 from,
    u32 *size) {
  u32 best = p->top, w;
  *size = ~0u;
  for (w = from; w <= p->top; w++) {
    u32 s = 2 + packTightSize(n, w - base);
    if (p->above[w]) {
      s += packPlanMaps(p, n, w) ? packPlanNested(p, n, w) : p->list[w];
    }
    if (s >= *size) continue;
    *size = s;
    best = w;
  }
  return best;
}

/* Returns where the outermost block is cut. */
static u32 packPlan(PackPlan *p, const u32 *in, u32 n) {
  u32 hist[33] = {0}, i, w, b, size;
  memset(p, 0, sizeof *p);
  for (i = 0; i < n; i++) hist[in[i] ? 32 - __builtin_clz(in[i]) : 0]++;
  for (p->top = 32; p->top && !hist[p->top];) p->top--;
  for (w = p->top; w-- > 0;) {
    for (b = w + 1; b <= p->top; b++) {
      p->above[w] += hist[b];
      p->list[w] += hist[b] * (1 + (b - w + 6) / 7);
    }
    p->next[w] = packPlanCut(p, p->above[w], w, w + 1, p->size + w);
  }
  return packPlanCut(p, n, 0, 0, &size);
}

void snPatchedPut(Buf *b, const u32 *in, u32 n) {
  u32 room[2][PACK_BLOCK], *high = room[0], base = 0, w, i, k;
  u8 at[PACK_BLOCK], map[PACK_BLOCK / 8];
  PackPlan p;
  assert(n <= PACK_BLOCK);
  for (w = packPlan(&p, in, n);; base = w, w = p.next[w]) {
    bool maps = p.above[w] && packPlanMaps(&p, n, w);
    memset(map, 0, sizeof map);
    for (i = k = 0; i < n; i++) {
      if (in[i] <= packMask(w - base)) continue;
      map[i / 8] = (u8)(map[i / 8] | 1u << i % 8);
      at[k] = (u8)i;
      high[k++] = in[i] >> (w - base);
    }
    snBufByte(b, (u8)(w - base));
    snBufByte(b, (u8)(maps ? PACK_BITMAP : k));
    packTightPut(b, in, n, w - base);
    if (!maps) break;
    snBufAdd(b, map, (n + 7) / 8);
    for (i = 0; i < k; i++) high[i]--;
    n = k;
    in = high;
    high = room[high == room[0]];
  }
  for (i = 0; i < k; i++) {
    snBufByte(b, at[i]);
    snBufVarint(b, high[i]);
  }
}

#if PACK_AVX2

/* Byte l of entry m: how many of the bits of m lie below bit l, which is where
** lane l finds its value among those of the bits that are set. */
#define PACK_BELOW(m, l) \
  ((u64)__builtin_popcount((m) & ((1u << (l)) - 1)) << 8 * (l))
#define PACK_FROM(m) \
  (PACK_BELOW(m, 0) | PACK_BELOW(m, 1) | PACK_BELOW(m, 2) | \
      PACK_BELOW(m, 3) | PACK_BELOW(m, 4) | PACK_BELOW(m, 5) | \
      PACK_BELOW(m, 6) | PACK_BELOW(m, 7))
#define PACK_FROM4(m) \
  PACK_FROM(m), PACK_FROM((m) + 1), PACK_FROM((m) + 2), PACK_FROM((m) + 3)
#define PACK_FROM16(m) \
  PACK_FROM4(m), PACK_FROM4((m) + 4), PACK_FROM4((m) + 8), PACK_FROM4((m) + 12)
#define PACK_FROM64(m) \
  PACK_FROM16(m), PACK_FROM16((m) + 16), PACK_FROM16((m) + 32), \
      PACK_FROM16((m) + 48)

static const u64 pack_from[256] = {PACK_FROM64(0u), PACK_FROM64(64u),
    PACK_FROM64(128u), PACK_FROM64(192u)};

SN_WIDE static void packExpandFast(const u8 *map, u32 rows, u32 w,
    const u32 *high, u32 *out) {
  const PackRow bits = {1, 2, 4, 8, 16, 32, 64, 128};
  PackRowAt *to = (PackRowAt *)(void *)out;
  for (u32 r = 0; r < rows; r++) {
    __m256i from = _mm256_cvtepu8_epi32(
        _mm_cvtsi64_si128((long long)pack_from[map[r]]));
    __m256i some = _mm256_loadu_si256((const __m256i *)(const void *)high);
    PackRow row = (PackRow)_mm256_permutevar8x32_epi32(some, from) + 1;
    PackRow has = (PackRow)((bits & map[r]) != 0);
    to[r] |= (row & has) << w;
    high += __builtin_popcount(map[r]);
  }
}

#endif

static void packExpand(const u8 *map, u32 rows, u32 w, const u32 *high,
    u32 *out) {
  for (u32 r = 0; r < rows; r++, out += PACK_LANES) {
    for (u32 m = map[r]; m; m &= m - 1) {
      out[__builtin_ctz(m)] |= (*high++ + 1) << w;
    }
  }
}

static int packGet(Rd *r, u32 n, u32 room, bool nested, u32 *out, u32 *width);

/* The values have w low bits, and `room` bits at most. */
static int packGetBitmap(Rd *r, u32 n, u32 w, u32 room, u32 *out,
    u32 *width) {
  u32 high[PACK_BLOCK + PACK_LANES]; /* a row is read from anywhere */
  u32 rows = (n + 7) / PACK_LANES;
  const u8 *map = snRdBytes(r, rows);
  u64 bits[PACK_BLOCK / 64] = {0};
  int rc;
  if (!map || w >= room) return SN_CORRUPT;
  memcpy(bits, map, rows);
  if (n % 8 && map[rows - 1] >> n % 8) return SN_CORRUPT;
  rc = packGet(r, snBitsCount(bits, PACK_BLOCK / 64), room - w, true, high,
      width);
  if (rc) return rc;
  *width += w + 1;
#if PACK_AVX2
  if (SN_HAS_WIDE()) {
    packExpandFast(map, rows, w, high, out);
    return SEINE_OK;
  }
#endif
  packExpand(map, rows, w, high, out);
  return SEINE_OK;
}

/* Values of `room` bits at most; none has more than *width.  It nests no more
** than 32 deep, since each width but the outermost takes some of the room. */
static int packGet(Rd *r, u32 n, u32 room, bool nested, u32 *out,
    u32 *width) {
  u32 w = snRdByte(r), count = snRdByte(r), all = 0, next = 0;
  if (n > PACK_BLOCK || w > room || (nested && !w)) return SN_CORRUPT;
  if (!packTightGet(r, n, w, out)) return SN_CORRUPT;
  if (count == PACK_BITMAP) return packGetBitmap(r, n, w, room, out, width);
  for (; count; count--) {
    u32 at = snRdByte(r), high = snRdU32v(r);
    if (at < next || at >= n || !high || (u64)high << w >> room)
      return SN_CORRUPT;
    out[at] |= high << w;
    all |= high;
    next = at + 1;
  }
  *width = w + (all ? 32 - (u32)__builtin_clz(all) : 0);
  return SEINE_OK;
}

int snPatchedGet(Rd *r, u32 n, u32 add, u32 *out) {
  PackRowAt *to = (PackRowAt *)(void *)out;
  u32 width, k, rows = (n + 7) / PACK_LANES;
  int rc = packGet(r, n, 32, false, out, &width);
  for (k = 0; add && !rc && k < rows; k++) to[k] += add;
  return rc;
}

int snPatchedDocs(Rd *r, u32 n, u32 base, u32 *out, u32 *width) {
  int rc = packGet(r, n, 32, false, out, width);
  if (!rc) packSumDocs(n, base, out);
  return rc;
}

#undef PACK_BITMAP
#undef PACK_NESTED
#undef PACK_AVX2
#undef PACK_LANES
#undef PACK_ROWS
#undef PACK_SHUFFLE
#undef PACK_WIDTHS
#undef PACK_GET
#undef PACK_CASE
