/*
** fsst: short strings, packed one by one, so that any can be read alone.
** Source: Boncz, Neumann, Leis, "FSST: Fast Random Access String Compression",
** VLDB 2020.
**
** A code is a byte: one of at most 255 symbols of 1 to 8 bytes, or 255, which
** stands for the byte behind it.
** A table: u8 symbols, then per symbol u8 bytes (1 to 8) and those.
**
** The table is grown from a sample, in rounds: it is packed with the symbols
** of the round before, and of these and of two that follow one another, joined,
** those are taken that stand for most bytes.
**
** (1) The symbol for a place is the one whose first three bytes lead to the
**     slot of its own: there is one at most; else one of two bytes, in the same
**     way; else that of its byte.
** (2) The same sample gives the same table.
*/
#include "base/base.h"

#define FSST_ESCAPE  255u
#define FSST_LONGEST 8u
#define FSST_SLOTS   1024u  /* for symbols of two bytes, and for longer ones */
#define FSST_SHAPES  512u   /* bytes without a symbol, then symbols */
#define FSST_ROUNDS  5u
#define FSST_MOST    4096u  /* candidates of a round */
#define FSST_NONE    0xffffu /* no symbol */

typedef struct FsstSymbol {
  u64 bytes;         /* as they lie in memory, zeros behind */
  u32 n;
  u32 gain;
} FsstSymbol;

struct FsstMaker {
  Fsst t;
  u16 one[256], two[FSST_SLOTS], slot[FSST_SLOTS];
  u64 mask[256];     /* of a symbol's bytes */
};

/* What a round counts. */
typedef struct FsstCount {
  u32 one[FSST_SHAPES];
  u8 two[FSST_SHAPES][FSST_SHAPES]; /* up to 255 */
  FsstSymbol v[FSST_MOST];
  u32 n;
} FsstCount;

static u64 fsstMask(u32 n) { return n < 8 ? (1ull << 8 * n) - 1 : ~0ull; }

/* The next bytes, up to 8, zeros behind. */
static u64 fsstWord(const u8 *p, const u8 *end) {
  u64 v = 0;
  if (end - p >= 8) return snGet64(p);
  memcpy(&v, p, (size_t)(end - p));
  return v;
}

/* By the first bytes, as many as mask has. */
static u32 fsstSlot(u64 bytes, u32 mask) {
  return ((u32)bytes & mask) * 0x9e3779b1u >> 22;
}

/* ---- packing ------------------------------------------------------------ */

/* Whether a symbol stands before so many bytes. */
static bool fsstIs(const FsstMaker *k, u32 at, u64 word, size_t left) {
  return at != FSST_NONE && k->t.len[at] <= left &&
      (word & k->mask[at]) == k->t.sym[at];
}

/* The symbol at p, or FSST_NONE. */
static u32 fsstFind(const FsstMaker *k, const u8 *p, const u8 *end) {
  size_t left = (size_t)(end - p);
  u64 word = fsstWord(p, end);
  u32 at = k->slot[fsstSlot(word, 0xffffff)];
  if (fsstIs(k, at, word, left)) return at;
  at = k->two[fsstSlot(word, 0xffff)];
  return fsstIs(k, at, word, left) ? at : k->one[*p];
}

void snFsstPut(const FsstMaker *k, Buf *out, const u8 *p, u32 n) {
  const u8 *end = p + n;
  u8 *to = snBufSpace(out, 2 * (size_t)n), *start = to;
  if (!to) return;
  while (p < end) {
    u32 at = fsstFind(k, p, end);
    if (at == FSST_NONE) {
      *to++ = FSST_ESCAPE;
      *to++ = *p++;
    } else {
      *to++ = (u8)at;
      p += k->t.len[at];
    }
  }
  out->n -= 2 * (size_t)n - (size_t)(to - start);
}

void snFsstPutTable(const FsstMaker *k, Buf *out) {
  snBufByte(out, (u8)k->t.n);
  for (u32 i = 0; i < k->t.n; i++) {
    snBufByte(out, k->t.len[i]);
    snBufAdd(out, &k->t.sym[i], k->t.len[i]);
  }
}

/* ---- the table ---------------------------------------------------------- */

static void fsstClear(FsstMaker *k) {
  memset(k->one, 0xff, sizeof k->one);
  memset(k->two, 0xff, sizeof k->two);
  memset(k->slot, 0xff, sizeof k->slot);
  memset(&k->t, 0, sizeof k->t);
}

static void fsstAdd(FsstMaker *k, const FsstSymbol *s) {
  u16 *to = s->n == 1 ? k->one + (s->bytes & 0xff)
      : s->n == 2 ? k->two + fsstSlot(s->bytes, 0xffff)
      : k->slot + fsstSlot(s->bytes, 0xffffff);
  u32 at = k->t.n;
  if (*to != FSST_NONE) return;
  *to = (u16)at;
  k->t.sym[at] = s->bytes;
  k->t.len[at] = (u8)s->n;
  k->mask[at] = fsstMask(s->n);
  k->t.n++;
}

/* A byte without a symbol is a shape of its own. */
static FsstSymbol fsstShape(const FsstMaker *k, u32 shape) {
  if (shape < 256) return (FsstSymbol){shape, 1, 0};
  return (FsstSymbol){k->t.sym[shape - 256], k->t.len[shape - 256], 0};
}

static void fsstCountPair(FsstCount *c, u32 a, u32 b) {
  if (a < FSST_SHAPES && c->two[a][b] < UINT8_MAX) c->two[a][b]++;
}

static void fsstCountText(const FsstMaker *k, FsstCount *c, const u8 *p,
    const u8 *end) {
  u32 before = FSST_SHAPES;
  while (p < end) {
    u32 at = fsstFind(k, p, end), shape = at == FSST_NONE ? *p : 256 + at;
    u32 n = at == FSST_NONE ? 1 : k->t.len[at];
    c->one[shape]++;
    fsstCountPair(c, before, shape);
    if (n > 1) { /* so that a symbol may grow by a byte */
      c->one[*p]++;
      fsstCountPair(c, before, *p);
    }
    before = shape;
    p += n;
  }
}

/* Single bytes save the escape, too. */
static void fsstOffer(FsstCount *c, FsstSymbol s, u32 count, u32 least) {
  if (count < least || c->n == FSST_MOST) return;
  s.gain = count * (s.n == 1 ? 8 : s.n);
  c->v[c->n++] = s;
}

static void fsstOfferAll(const FsstMaker *k, FsstCount *c, u32 least) {
  u32 n = 256 + k->t.n;
  c->n = 0;
  for (u32 a = 0; a < n; a++)
    if (c->one[a]) fsstOffer(c, fsstShape(k, a), c->one[a], 1);
  for (u32 a = 0; a < n; a++) {
    FsstSymbol s = fsstShape(k, a);
    if (!c->one[a] || s.n == FSST_LONGEST) continue;
    for (u32 b = 0; b < n; b++) {
      if (c->two[a][b] < least) continue;
      FsstSymbol t = fsstShape(k, b);
      t.bytes = s.bytes | t.bytes << 8 * s.n;
      t.n = SN_MIN(s.n + t.n, FSST_LONGEST);
      fsstOffer(c, t, c->two[a][b], least);
    }
  }
}

static int fsstByBytes(const void *a, const void *b) {
  const FsstSymbol *x = a, *y = b;
  if (x->bytes != y->bytes) return x->bytes < y->bytes ? -1 : 1;
  return (x->n > y->n) - (x->n < y->n);
}

static int fsstByGain(const void *a, const void *b) {
  const FsstSymbol *x = a, *y = b;
  if (x->gain != y->gain) return x->gain > y->gain ? -1 : 1;
  return fsstByBytes(a, b);
}

/* What was offered twice counts once. */
static void fsstJoin(FsstCount *c) {
  u32 n = 0;
  qsort(c->v, c->n, sizeof *c->v, fsstByBytes);
  for (u32 i = 0; i < c->n; i++) {
    if (n && !fsstByBytes(c->v + n - 1, c->v + i))
      c->v[n - 1].gain += c->v[i].gain;
    else
      c->v[n++] = c->v[i];
  }
  c->n = n;
  qsort(c->v, c->n, sizeof *c->v, fsstByGain);
}

static void fsstRound(FsstMaker *k, FsstCount *c, const u8 *p, const u32 *end,
    u32 n, u32 least) {
  memset(c->one, 0, sizeof c->one);
  memset(c->two, 0, sizeof c->two);
  for (u32 i = 0, from = 0; i < n; from = end[i++])
    fsstCountText(k, c, p + from, p + end[i]);
  fsstOfferAll(k, c, least);
  fsstJoin(c);
  fsstClear(k);
  for (u32 i = 0; i < c->n && k->t.n < FSST_ESCAPE; i++) fsstAdd(k, c->v + i);
}

int snFsstMake(Budget *b, const u8 *p, const u32 *end, u32 n,
    FsstMaker **out) {
  FsstMaker *k = snMemAlloc(b, sizeof *k);
  FsstCount *c = snMemAlloc(b, sizeof *c);
  *out = k;
  if (!k || !c) {
    snMemFree(k);
    snMemFree(c);
    *out = NULL;
    return SN_NOMEM;
  }
  fsstClear(k);
  for (u32 i = 0; i < FSST_ROUNDS; i++) fsstRound(k, c, p, end, n, i + 2);
  snMemFree(c);
  return SEINE_OK;
}

/* ---- unpacking ---------------------------------------------------------- */

int snFsstTable(Rd *r, Fsst *t) {
  memset(t, 0, sizeof *t);
  t->n = snRdByte(r);
  for (u32 i = 0; i < t->n; i++) {
    u32 n = snRdByte(r);
    const u8 *p = snRdBytes(r, n);
    if (r->bad || !n || n > FSST_LONGEST) return SN_CORRUPT;
    memcpy(&t->sym[i], p, n);
    t->len[i] = (u8)n;
  }
  return r->bad ? SN_CORRUPT : SEINE_OK;
}

/* Four codes at a time when none of them is an escape.  A code without a symbol
** has no bytes, which shows in the top bit of bad. */
u8 *snFsstGet(const Fsst *t, const u8 *p, u32 n, u8 *to) {
  const u8 *end = p + n;
  u32 bad = 0;
  while (p < end) {
    u32 four = end - p >= 4 ? ~snGet32(p) : 0;
    if ((four - 0x01010101u) & ~four & 0x80808080u) {
      u32 code = *p++;
      if (code == FSST_ESCAPE) {
        if (p == end) return NULL;
        *to++ = *p++;
        continue;
      }
      memcpy(to, &t->sym[code], 8);
      to += t->len[code];
      bad |= t->len[code] - 1u;
      continue;
    }
    for (u32 i = 0; i < 4; i++) {
      u32 code = p[i];
      memcpy(to, &t->sym[code], 8);
      to += t->len[code];
      bad |= t->len[code] - 1u;
    }
    p += 4;
  }
  return bad >> 31 ? NULL : to;
}

#undef FSST_ESCAPE
#undef FSST_LONGEST
#undef FSST_SLOTS
#undef FSST_SHAPES
#undef FSST_ROUNDS
#undef FSST_MOST
#undef FSST_NONE
