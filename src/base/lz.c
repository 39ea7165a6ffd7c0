/*
** lz: LZ4 blocks.  A block carries no length: who stores it stores the raw
** and the packed size beside it.
**
** (1) The block that snLzPut() or snLzPutTight() appends is never longer than
**     LZ4's bound and depends on the input alone.
** (2) snLzGet() writes raw bytes or fails, and reads n bytes, whatever they
**     are.
*/
#include "base/base.h"
#include <lz4.h>
#include <lz4hc.h>

/* Of LZ4's 1 .. 12: above it lines get 2 % smaller and take twice as long. */
#define LZ_LEVEL 3

static void lzPut(Buf *b, void *state, const u8 *in, u32 n) {
  const char *from = n ? (const char *)in : "";
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
  got = state ? LZ4_compress_HC_extStateHC(state, from, (char *)to, (int)n,
                    bound, LZ_LEVEL)
              : LZ4_compress_default(from, (char *)to, (int)n, bound);
  if (got <= 0) b->rc = SN_NOMEM; /* its table did not fit */
  b->n = before + (size_t)SN_MAX(got, 0);
}

void snLzPut(Buf *b, const u8 *in, u32 n) { lzPut(b, NULL, in, n); }

size_t snLzTightState(void) { return (size_t)LZ4_sizeofStateHC(); }

void snLzPutTight(Buf *b, void *state, const u8 *in, u32 n) {
  lzPut(b, state, in, n);
}

int snLzGet(const u8 *in, u32 n, u8 *out, u32 raw) {
  char none;
  int got;
  if (!n || n > INT_MAX || raw > INT_MAX) return SN_CORRUPT;
  got = LZ4_decompress_safe((const char *)in, raw ? (char *)out : &none,
      (int)n, (int)raw);
  return got == (int)raw ? SEINE_OK : SN_CORRUPT;
}

#undef LZ_LEVEL
