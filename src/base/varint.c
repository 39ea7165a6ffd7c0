/*
** varint: integers in bytes, and the reader that never leaves its range.
**
** A varint is LEB128: seven bits a byte, low bits first, the high bit says
** that more follow; at most 10 bytes, and the tenth is 0 or 1.
**
** (1) p <= end always.  After a bad read p == end, so that every later read
**     is bad too and gives 0.
** (2) bad is never taken back: a decoder may look once, at its end.
*/
#include "base/base.h"

u32 snVarintPut(u8 *p, u64 v) {
  u32 n = 0;
  for (; v >= 0x80; v >>= 7) p[n++] = (u8)(v | 0x80);
  p[n++] = (u8)v;
  return n;
}

static u64 varintBad(Rd *r) {
  r->bad = true;
  r->p = r->end;
  return 0;
}

u64 snRdVarintLong(Rd *r) {
  const u8 *p = r->p;
  u64 v = 0;
  u32 shift;
  for (shift = 0; shift < 64 && p < r->end; shift += 7) {
    u64 c = *p++;
    v |= (c & 0x7f) << shift;
    if (c >= 0x80) continue;
    if (shift == 63 && c > 1) break;
    r->p = p;
    return v;
  }
  return varintBad(r);
}

u32 snRdU32vLong(Rd *r) {
  u64 v = snRdVarintLong(r);
  return (u32)(v <= UINT32_MAX ? v : varintBad(r));
}

const u8 *snRdBytes(Rd *r, u64 n) {
  const u8 *p = r->p;
  if (r->bad || n > (u64)(r->end - p)) {
    varintBad(r);
    return NULL;
  }
  if (!n) return p ? p : (const u8 *)"";
  r->p = p + n;
  return p;
}

u8 snRdByte(Rd *r) {
  const u8 *p = snRdBytes(r, 1);
  return p ? *p : 0;
}

u16 snRd16(Rd *r) {
  const u8 *p = snRdBytes(r, 2);
  return p ? snGet16(p) : 0;
}

u32 snRd32(Rd *r) {
  const u8 *p = snRdBytes(r, 4);
  return p ? snGet32(p) : 0;
}

u64 snRd64(Rd *r) {
  const u8 *p = snRdBytes(r, 8);
  return p ? snGet64(p) : 0;
}
