/*
** pack: bit packing of up to 256 values, and the patched form for values
** with outliers.
**
** Packed: eight lanes of 32 bits.  Value i lives in lane i % 8, row i / 8.
** A lane packs its rows low bits first into 32-bit words; word k of lane l
** is at byte (k * 8 + l) * 4.  A full block of 256 values of w bits is
** exactly w rows of words, so nothing is lost.
**
** Patched: byte w (0 .. 32), byte e, snPackSize(n, w) bytes of low bits, then
** e times: byte index (rising), varint of the bits above w, not 0.
**
** (1) Unpack reads snPackSize(n, w) bytes and no more, whatever they hold.
** (2) Values of the last row behind n are packed as 0: same input, same
**     bytes.
** (3) A full block runs code made for its width, where every shift is a
**     constant; tails, and x86 machines without AVX2, one loop for all.
*/
#include "base/base.h"

/* What every machine runs, or only those with AVX2 while the others take the
** plain loops; the word that decides is set when the program starts.  A test
** of the plain loops defines PACK_HAS_FAST() as false. */
#if defined(__x86_64__) && defined(__GNUC__)
#define PACK_FAST __attribute__((target("avx2")))
#define PACK_AVX2 1
#ifndef PACK_HAS_FAST
#define PACK_HAS_FAST() __builtin_cpu_supports("avx2")
#endif
#else
#define PACK_FAST
#define PACK_AVX2 0
#ifndef PACK_HAS_FAST
#define PACK_HAS_FAST() true
#endif
#endif
#define PACK_INLINE static inline __attribute__((always_inline))

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

PACK_INLINE u32 packMask(u32 w) {
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

PACK_INLINE void packPut(const u32 *in, u32 n, u32 w, u8 *out) {
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

PACK_FAST static void packPutFast(const u32 *in, u32 n, u32 w, u8 *out) {
  packPut(in, n, w, out);
}

void snPack(const u32 *in, u32 n, u32 w, u8 *out) {
  assert(n <= PACK_BLOCK && w <= 32);
  if (!w) return;
  if (PACK_HAS_FAST()) packPutFast(in, n, w, out);
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
PACK_INLINE void packFull(const u8 *restrict in, u32 w, u32 *restrict out) {
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
PACK_INLINE void packTail(const u8 *in, u32 rows, u32 w, u32 *out) {
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

PACK_FAST static void packGetFast(const u8 *in, u32 rows, u32 w, u32 *out) {
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
PACK_FAST static void packSumFast(u32 rows, u32 base, u32 *out) {
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
  else if (PACK_HAS_FAST()) packGetFast(in, rows, w, out);
  else packTail(in, rows, w, out);
}

void snUnpackDocs(const u8 *in, u32 n, u32 w, u32 base, u32 *out) {
  u32 rows = (n + 7) / PACK_LANES;
  snUnpack(in, n, w, out);
  if (PACK_AVX2 && PACK_HAS_FAST()) packSumFast(rows, base, out);
  else packSum(rows, base, out);
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

/* The width that makes the block smallest.  Needs hist[b], the number of
** values of b bits. */
static u32 packBestWidth(const u32 *hist, u32 n) {
  u32 best = 32, best_size = ~0u, w, b;
  for (w = 0; w <= 32; w++) {
    u32 size = snPackSize(n, w), count = 0;
    for (b = w + 1; b <= 32; b++) {
      count += hist[b];
      size += hist[b] * (1 + (b - w + 6) / 7);
    }
    if (count > 255 || size >= best_size) continue;
    best = w;
    best_size = size;
  }
  return best;
}

void snPatchedPut(Buf *b, const u32 *in, u32 n) {
  u32 hist[33] = {0}, i, w, count = 0;
  u8 *to;
  assert(n <= PACK_BLOCK);
  for (i = 0; i < n; i++) hist[in[i] ? 32 - __builtin_clz(in[i]) : 0]++;
  w = packBestWidth(hist, n);
  for (i = w + 1; i <= 32; i++) count += hist[i];
  to = snBufSpace(b, 2 + snPackSize(n, w));
  if (!to) return;
  to[0] = (u8)w;
  to[1] = (u8)count;
  snPack(in, n, w, to + 2);
  for (i = 0; i < n && count; i++) {
    if (in[i] <= packMask(w)) continue;
    snBufByte(b, (u8)i);
    snBufVarint(b, in[i] >> w);
    count--;
  }
}

/* Reads the head of a patched block; NULL when it cannot be one. */
static const u8 *packHead(Rd *r, u32 n, u32 *w, u32 *count) {
  *w = snRdByte(r);
  *count = snRdByte(r);
  if (n > PACK_BLOCK || *w > 32 || *count > (*w < 32 ? n : 0)) return NULL;
  return snRdBytes(r, snPackSize(n, *w));
}

int snPatchedGet(Rd *r, u32 n, u32 *out) {
  u32 w, count, i, at, high, next = 0;
  const u8 *in = packHead(r, n, &w, &count);
  if (!in) return SN_CORRUPT;
  snUnpack(in, n, w, out);
  for (i = 0; i < count; i++) {
    at = snRdByte(r);
    high = snRdU32v(r);
    if (at < next || at >= n || !high || high > ~0u >> w) return SN_CORRUPT;
    out[at] |= high << w;
    next = at + 1;
  }
  return SEINE_OK;
}

#undef PACK_FAST
#undef PACK_AVX2
#undef PACK_HAS_FAST
#undef PACK_INLINE
#undef PACK_LANES
#undef PACK_ROWS
#undef PACK_SHUFFLE
#undef PACK_WIDTHS
#undef PACK_GET
#undef PACK_CASE
