/*
** bits: bitmaps of a window, bit i in word i / 64.
**
** (1) No function reads or writes a word outside of [0, words).
** (2) snBitsList() writes exactly as many numbers as bits are set.
*/
#include "base/base.h"

/* The plain count of a word is a call; machines with the instruction use it.
** Not target_clones: its resolver runs before a thread sanitizer is ready. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__POPCNT__)
#define BITS_FAST __attribute__((target("popcnt")))
#define BITS_HAS_FAST() SN_CPU_HAS("popcnt")
#else
#define BITS_FAST
#define BITS_HAS_FAST() true
#endif

SN_INLINE u32 bitsSum(const u64 *b, u32 words) {
  u64 n = 0;
  u32 i;
  for (i = 0; i < words; i++) n += (u64)__builtin_popcountll(b[i]);
  return (u32)n;
}

BITS_FAST static u32 bitsSumFast(const u64 *b, u32 words) {
  return bitsSum(b, words);
}

u32 snBitsCount(const u64 *b, u32 words) {
  return BITS_HAS_FAST() ? bitsSumFast(b, words) : bitsSum(b, words);
}

void snBitsFirst(u64 *b, u32 words, u32 n) {
  u32 full = SN_MIN(n / 64, words);
  memset(b, 0xff, full * sizeof *b);
  if (full == words) return;
  memset(b + full, 0, (words - full) * sizeof *b);
  b[full] = (1ull << (n & 63)) - 1;
}

u32 snBitsList(const u64 *b, u32 words, u16 *out) {
  u32 n = 0, i;
  for (i = 0; i < words; i++) {
    u64 word = b[i];
    for (; word; word &= word - 1) {
      out[n++] = (u16)(i * 64 + (u32)__builtin_ctzll(word));
    }
  }
  return n;
}

bool snBitsEmpty(const u64 *b, u32 words) {
  u64 any = 0;
  u32 i;
  for (i = 0; i < words; i++) any |= b[i];
  return !any;
}

void snBitsRange(u64 *b, u32 from, u32 to) {
  u32 first = from / 64, last;
  u64 head = ~0ull << (from & 63), tail;
  if (from >= to) return;
  last = (to - 1) / 64;
  tail = ~0ull >> (63 - ((to - 1) & 63));
  if (first == last) {
    b[first] |= head & tail;
    return;
  }
  b[first] |= head;
  memset(b + first + 1, 0xff, (last - first - 1) * sizeof *b);
  b[last] |= tail;
}

#undef BITS_FAST
#undef BITS_HAS_FAST
