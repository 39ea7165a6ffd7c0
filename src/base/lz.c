/*
** lz: LZ4 blocks.  A block carries no length: who stores it stores the raw
** and the packed size beside it.
**
** (1) The block that snLzPut() appends is never longer than LZ4's bound and
**     depends on the input, the dictionary and the effort alone.
** (2) snLzGet() writes raw bytes or fails, and reads n bytes and those of the
**     dictionary, whatever they are.
** (3) A dictionary is read once: what the compressor knows then is kept and
**     copied before each block, so that no block depends on another.
*/
#include "base/base.h"
#include <lz4.h>
#include <lz4hc.h>

/* Of LZ4's 1 .. 12: above it lines get 1 % smaller and take longer. */
#define LZ_LEVEL 6
#define LZ_LEAST 1024u /* bytes; fewer save less than the search costs */

int snLzInit(Lz *z, Budget *b, bool tight) {
  memset(z, 0, sizeof *z);
  z->tight = tight;
  z->size = (size_t)(tight ? LZ4_sizeofStateHC() : LZ4_sizeofState());
  z->state = snMemAlloc(b, z->size);
  return z->state ? SEINE_OK : SN_NOMEM;
}

void snLzForget(Lz *z) {
  snMemFree(z->primed);
  z->primed = NULL;
}

void snLzFree(Lz *z) {
  snMemFree(z->state);
  snLzForget(z);
  memset(z, 0, sizeof *z);
}

int snLzDict(Lz *z, Budget *b, const u8 *p, u32 n) {
  assert(!z->primed && n <= LZ_DICT);
  z->primed = snMemAlloc(b, z->size);
  if (!z->primed) return SN_NOMEM;
  if (z->tight) {
    LZ4_streamHC_t *s = LZ4_initStreamHC(z->primed, z->size);
    LZ4_resetStreamHC_fast(s, LZ_LEVEL);
    (void)LZ4_loadDictHC(s, (const char *)p, (int)n);
  } else {
    LZ4_stream_t *s = LZ4_initStream(z->primed, z->size);
    (void)LZ4_loadDict(s, (const char *)p, (int)n);
  }
  return SEINE_OK;
}

/* A block of one run of literals. */
static int lzLiterals(const char *from, u32 n, char *to) {
  u8 *at = (u8 *)to;
  u32 more = n - SN_MIN(n, 15u);
  *at++ = (u8)((n - more) << 4);
  if (n >= 15) {
    for (; more >= 255; more -= 255) *at++ = 255;
    *at++ = (u8)more;
  }
  memcpy(at, from, n);
  return (int)(at - (u8 *)to) + (int)n;
}

static int lzPack(Lz *z, const char *from, int n, char *to, int bound) {
  if (z->plain || (!z->primed && n < (int)LZ_LEAST))
    return lzLiterals(from, (u32)n, to);
  if (z->primed) {
    memcpy(z->state, z->primed, z->size);
    return z->tight ? LZ4_compress_HC_continue(z->state, from, to, n, bound)
        : LZ4_compress_fast_continue(z->state, from, to, n, bound, 1);
  }
  return z->tight
      ? LZ4_compress_HC_extStateHC(z->state, from, to, n, bound, LZ_LEVEL)
      : LZ4_compress_fast_extState(z->state, from, to, n, bound, 1);
}

void snLzPut(Lz *z, Buf *b, const u8 *in, u32 n) {
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
  got = lzPack(z, n ? (const char *)in : "", (int)n, (char *)to, bound);
  if (got <= 0) b->rc = SN_NOMEM; /* its table did not fit */
  b->n = before + (size_t)SN_MAX(got, 0);
}

int snLzGet(const u8 *in, u32 n, const u8 *dict, u32 dict_n, u8 *out,
    u32 raw) {
  char none;
  int got;
  if (!n || n > INT_MAX || raw > INT_MAX || dict_n > INT_MAX)
    return SN_CORRUPT;
  got = LZ4_decompress_safe_usingDict((const char *)in,
      raw ? (char *)out : &none, (int)n, (int)raw, (const char *)dict,
      (int)dict_n);
  return got == (int)raw ? SEINE_OK : SN_CORRUPT;
}

#undef LZ_LEVEL
#undef LZ_LEAST
