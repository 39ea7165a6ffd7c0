/*
** norm: the length of a field in one byte, as Lucene's SmallFloat byte4:
** lengths below 40 are exact, above that four significant bits are kept.
*/
#include "index/indexInt.h"

#define NORM_FREE 24u /* 255 - (position of the largest int among byte4) */

/* The 4-significant-bit form: 3 bits of mantissa below the leading one, the
** shift above them; values below 8 as they are. */
static u32 normPack(u32 v) {
  u32 bits = v ? 32u - (u32)__builtin_clz(v) : 0;
  if (bits < 4) return v;
  u32 shift = bits - 4;
  return ((v >> shift) & 7) | ((shift + 1) << 3);
}

static u32 normUnpack(u32 p) {
  u32 mant = p & 7, shift = p >> 3;
  if (!shift) return mant;
  shift--;
  return shift < 28 ? (mant | 8) << shift : INT32_MAX;
}

u8 snNormPut(u32 length) {
  if (length > INT32_MAX) length = INT32_MAX;
  if (length < NORM_FREE) return (u8)length;
  return (u8)(NORM_FREE + normPack(length - NORM_FREE));
}

u32 snNormGet(u8 norm) {
  if (norm < NORM_FREE) return norm;
  return NORM_FREE + normUnpack(norm - NORM_FREE);
}

/* Row after row of equal shift: made for each query. */
void snNormLengths(float out[256]) {
  for (i32 i = 0; i < 32; i++) out[i] = (float)i;
  for (u32 row = 0; row < 28; row++)
    for (i32 i = 0; i < 8; i++)
      out[32 + 8 * row + (u32)i] = (float)((i32)NORM_FREE + ((8 + i) << row));
}

int snNormBytes(Segment *g, u32 column, const u8 **out) {
  Segment *of;
  Section *s;
  *out = NULL;
  int rc = snSegmentWords(g, SEC_NORMS, column, &of, &s);
  if (rc || !s) return rc;
  if (s->len != g->docs) return SN_CORRUPT;
  return snSegmentGet(of, s, 0, s->len, out);
}
#undef NORM_FREE
