/*
** lz: LZ4 blocks.  A block carries no length: who stores it stores the raw
** and the packed size beside it.
**
** (1) The block that snLzPut() appends is never longer than LZ4's bound and
**     depends on the input alone.
** (2) snLzGet() writes raw bytes or fails, and reads n bytes, whatever they
**     are.
*/
#include "base/base.h"
#include <lz4.h>

void snLzPut(Buf *b, const u8 *in, u32 n) {
  int bound, got;
  size_t before = b->n;
  u8 *to;
  if (b->rc) return;
  if (n > LZ4_MAX_INPUT_SIZE) {
    b->rc = SN_NOMEM;
    return;
  }
  bound = LZ4_compressBound((int)n);
  to = snBufSpace(b, (size_t)bound);
  if (!to) return;
  got = LZ4_compress_default(n ? (const char *)in : "", (char *)to, (int)n,
      bound);
  if (got <= 0) b->rc = SN_NOMEM; /* its table did not fit */
  b->n = before + (size_t)SN_MAX(got, 0);
}

int snLzGet(const u8 *in, u32 n, u8 *out, u32 raw) {
  char none;
  int got;
  if (!n || n > INT_MAX || raw > INT_MAX) return SN_CORRUPT;
  got = LZ4_decompress_safe((const char *)in, raw ? (char *)out : &none,
      (int)n, (int)raw);
  return got == (int)raw ? SEINE_OK : SN_CORRUPT;
}
