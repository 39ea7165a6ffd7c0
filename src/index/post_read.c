/*
** post_read: posting lists, read.  The format is in post_write.c.
**
** Invariants: (1) docs[0..n) are the documents of block `block`, ascending,
** below the segment's count; (2) doc == docs[i] unless it is DOC_END; (3)
** frequencies are decoded when first asked for.  Everything read is bounded
** by the list, whose bytes were verified when it was opened.
*/
#include "index/indexInt.h"

#define POST_BITMAP  0x42u /* tags of blocks */
#define POST_PATCHED 0x43u
#define POST_WORDS   64u   /* of a bitmap that is ORed as it is */
#define POST_NEAR    8u    /* documents to the next one, most often */

static u32 postFail(Postings *p) {
  if (!p->rc) p->rc = SN_CORRUPT;
  p->n = 0;
  p->i = 0;
  p->block = p->nblocks;
  return p->doc = DOC_END;
}

/* A list that lives in the dictionary: decoded at once. */
static int postOpenInline(Postings *p, const TermMeta *m, u32 max) {
  Rd r = {m->inl, m->inl + m->len, false};
  u32 prev = 0;
  assert(m->df && m->df <= POST_INLINE); /* or inl is NULL */
  p->nblocks = 1;
  p->freqs_ready = true;
  for (u32 i = 0; i < m->df; i++) {
    u64 v = snRdVarint(&r), gap = p->has_freqs ? v >> 1 : v;
    u32 tf = 1;
    if (p->has_freqs && !(v & 1)) tf = snRdU32v(&r);
    if (r.bad || gap >= max || prev + gap >= max || !tf) return SN_CORRUPT;
    p->docs[i] = prev + (u32)gap;
    p->freqs[i] = tf;
    prev = p->docs[i] + 1;
    if (!p->has_pos) continue;
    if (i == 0) p->pos_data = r.p;
    if (i == 1) p->pos_off = r.p; /* inline: where the second begins */
    for (u32 k = 0; k < tf && !r.bad; k++) (void)snRdVarint(&r);
  }
  p->pos_end = r.end;
  p->n = m->df;
  return r.bad ? SN_CORRUPT : SEINE_OK;
}

/* One block: no directory. */
static int postOpenOne(Postings *p, Rd *r) {
  if (p->has_freqs) p->impact = snRdBytes(r, 2);
  u64 n = p->has_pos ? snRdVarint(r) : (u64)(r->end - r->p);
  p->data = snRdBytes(r, n);
  if (r->bad) return SN_CORRUPT;
  p->data_end = p->data + n;
  return SEINE_OK;
}

static int postOpenLong(Postings *p, Rd *r) {
  u64 nb = p->nblocks, ns = (nb + POST_SUPER - 1) / POST_SUPER;
  u32 n = snRd32(r);
  p->last = snRdBytes(r, nb * 4);
  p->off = snRdBytes(r, nb * 4);
  if (p->has_pos) p->cum = snRdBytes(r, nb * 4);
  if (p->has_freqs) p->impact = snRdBytes(r, nb * 8);
  if (nb > POST_SUPER) {
    p->sup_last = snRdBytes(r, ns * 4);
    if (p->has_freqs) p->sup_impact = snRdBytes(r, ns * 8);
  }
  if (p->df >= POST_LONG && p->has_freqs) p->thresholds = snRdBytes(r, 6);
  p->impacts_each = p->has_freqs;
  p->data = snRdBytes(r, n);
  if (r->bad) return SN_CORRUPT;
  p->data_end = p->data + n;
  return SEINE_OK;
}

void snPostInit(Postings *p, Budget *b) {
  memset(p, 0, offsetof(Postings, docs));
  p->pos = NULL;
  p->budget = b;
  snBufInit(&p->pos_out, b);
  p->pos_block = UINT32_MAX;
  p->doc = 0;
}

int snPostOpen(Segment *g, u32 column, Dict *d, u32 ord, Postings *p) {
  TermMeta m;
  int rc = snDictMeta(d, ord, &m);
  if (!rc) return snPostOpenMeta(g, column, d, &m, p);
  snPostInit(p, g->budget); /* it may be closed */
  return rc;
}

int snPostOpenMeta(Segment *g, u32 column, const Dict *d, const TermMeta *m,
    Postings *p) {
  snPostInit(p, g->budget);
  p->df = m->df;
  p->max = g->docs;
  p->ttf = m->ttf;
  p->has_freqs = snDictHasFreqs(d);
  p->has_pos = snDictHasPos(d);
  p->i = UINT32_MAX; /* before the first */
  if (m->inl) return postOpenInline(p, m, g->docs);
  Segment *of = snDictSegment(d);
  Section *s = snSegmentFind(of, snDictLists(d), column);
  const u8 *list;
  if (!s) return SN_CORRUPT;
  int rc = snSegmentGet(of, s, m->at, m->len, &list);
  if (rc) return rc;
  Rd r = {list, list + m->len, false};
  p->nblocks = (p->df + PACK_BLOCK - 1) / PACK_BLOCK;
  p->block = UINT32_MAX;
  snSegmentReads()->opened += p->nblocks;
  rc = p->nblocks == 1 ? postOpenOne(p, &r) : postOpenLong(p, &r);
  if (rc) return rc;
  if (p->has_pos) {
    u64 npb = (p->ttf + PACK_BLOCK - 1) / PACK_BLOCK;
    if (npb > 1) p->pos_off = snRdBytes(&r, npb * 4);
    p->pos_data = r.p;
    p->pos_end = r.end;
  }
  p->n = 0;
  return r.bad ? SN_CORRUPT : SEINE_OK;
}

int snPostAgain(Segment *g, u32 column, const Dict *d, const TermMeta *m,
    Postings *p) {
  u32 *pos = p->pos;
  Buf out = p->pos_out;
  int rc = snPostOpenMeta(g, column, d, m, p);
  p->pos = pos;
  p->pos_out = out;
  return rc;
}

void snPostClose(Postings *p) {
  snMemFree(p->pos);
  p->pos = NULL;
  snBufClear(&p->pos_out);
}

/* ---- decoding a block --------------------------------------------------- */

static bool postDecodeVarints(Postings *p, Rd *r, u32 base) {
  for (u32 i = 0; i < p->n; i++) {
    u64 v = snRdVarint(r), gap = p->has_freqs ? v >> 1 : v;
    u64 doc = base + gap;
    if (gap >= p->max || doc >= p->max) return false;
    p->docs[i] = (u32)doc;
    base = (u32)doc + 1;
    p->freqs[i] = p->has_freqs && !(v & 1) ? snRdU32v(r) : 1;
    if (!p->freqs[i]) return false;
  }
  p->freqs_ready = true;
  return true;
}

typedef struct PostBits {
  u32 first, words;  /* document of the first bit */
  const u8 *w;
} PostBits;

static bool postBits(const Postings *p, Rd *r, u32 base, PostBits *out) {
  u64 gap = snRdVarint(r), first = base + gap;
  out->words = snRd16(r);
  out->w = snRdBytes(r, (u64)out->words * 8);
  out->first = (u32)first;
  return !r->bad && gap < p->max && first < p->max;
}

static bool postDecodeBitset(Postings *p, Rd *r, u32 base) {
  PostBits b;
  u32 n = 0;
  if (!postBits(p, r, base, &b)) return false;
  for (u32 k = 0; k < b.words; k++) {
    u64 bits = snGet64(b.w + 8 * (size_t)k);
    while (bits) {
      if (n == p->n) return false;
      p->docs[n++] = b.first + k * 64 + (u32)__builtin_ctzll(bits);
      bits &= bits - 1;
    }
  }
  return n == p->n && p->docs[n - 1] < p->max;
}

/* What is decoded never lies below base, and base never above the segment's
** documents: users set bits by these numbers. */
static bool postDecodeDocs(Postings *p, Rd *r, u32 base) {
  u32 tag = snRdByte(r), width = tag;
  if (base >= p->max) return false;
  if (tag == 0x40) return postDecodeVarints(p, r, base);
  if (tag == POST_BITMAP) return postDecodeBitset(p, r, base);
  if (tag == 0x41) {
    u64 gap = snRdVarint(r), first = base + gap;
    if (gap >= p->max || first + p->n > p->max) return false;
    for (u32 i = 0; i < p->n; i++) p->docs[i] = (u32)first + i;
    return true;
  }
  if (tag == POST_PATCHED) { /* base - 1 wraps at 0 */
    if (snPatchedDocs(r, p->n, base - 1, p->docs, &width)) return false;
  } else {
    const u8 *at = tag <= 32 ? snRdBytes(r, snPackSize(p->n, tag)) : NULL;
    if (!at) return false;
    snUnpackDocs(at, p->n, tag, base - 1, p->docs);
  }
  if (width > 22) /* wide gaps could wrap around */
    for (u32 i = 1; i < p->n; i++)
      if (p->docs[i] <= p->docs[i - 1]) return false;
  return p->docs[p->n - 1] < p->max && p->docs[0] >= base;
}

static u32 postBlockDocs(const Postings *p, u32 b) {
  return SN_MIN(PACK_BLOCK, p->df - b * PACK_BLOCK);
}

/* The bytes of a block, and the least document that it may have. */
static bool postBlock(const Postings *p, u32 b, Rd *r, u32 *base) {
  u32 at = p->off ? snGet32(p->off + 4 * (size_t)b) : 0;
  *base = b ? snPostBlockLast(p, b - 1) + 1 : 0;
  if (at > (u64)(p->data_end - p->data)) return false;
  *r = (Rd){p->data + at, p->data_end, false};
  return true;
}

/* A block was read, from there to there. */
static void postCount(u32 blocks, const u8 *from, const u8 *to) {
  SegmentReads *s = snSegmentReads();
  s->blocks += blocks;
  s->bytes += to - from;
}

static bool postDecode(Postings *p, u32 b) {
  u32 base;
  Rd r;
  if (!postBlock(p, b, &r, &base)) return false;
  const u8 *start = r.p;
  p->n = postBlockDocs(p, b);
  p->block = b;
  p->i = 0;
  p->freqs_ready = false;
  if (!postDecodeDocs(p, &r, base) || r.bad) return false;
  if (p->last && p->docs[p->n - 1] != snPostBlockLast(p, b)) return false;
  postCount(1, start, r.p);
  p->freq_at = r.p;
  p->cum_i = 0;
  p->cum_at = p->cum ? snGet32(p->cum + 4 * (size_t)b) : 0;
  return true;
}

u32 snPostNextBlock(Postings *p) {
  if (p->doc == DOC_END) return DOC_END;
  if (p->i == UINT32_MAX && p->n) { /* an inline list, not begun */
    p->i = 0;
    return p->doc = p->docs[0];
  }
  u32 b = p->block == UINT32_MAX ? 0 : p->block + 1;
  if (b >= p->nblocks) {
    p->n = p->i = 0;
    p->block = p->nblocks;
    return p->doc = DOC_END;
  }
  if (!postDecode(p, b)) return postFail(p);
  return p->doc = p->docs[0];
}

u32 snPostBlockFind(const Postings *p, u32 b, u32 target) {
  u32 step = 1, lo = b, hi = b;
  while (hi < p->nblocks && snPostBlockLast(p, hi) < target) {
    lo = hi + 1;
    hi += step;
    step *= 2;
  }
  hi = SN_MIN(hi, p->nblocks);
  while (lo < hi) {
    u32 mid = (lo + hi) / 2;
    if (snPostBlockLast(p, mid) < target) lo = mid + 1;
    else hi = mid;
  }
  return lo;
}

bool snPostBlockGo(Postings *p, u32 b) {
  if (!p->data) { /* inline: it is there */
    p->block = 0;
    p->n = p->df;
  } else if (p->block != b && !postDecode(p, b)) {
    postFail(p);
    return false;
  }
  p->i = 0;
  p->doc = p->docs[0];
  return true;
}

u32 snPostSeek(Postings *p, u32 target) {
  if (p->i != UINT32_MAX && p->doc >= target) return p->doc;
  if (p->i == UINT32_MAX && p->n) p->i = 0; /* inline */
  bool here = p->n && p->docs[p->n - 1] >= target;
  if (!here) {
    assert(p->n || p->block == UINT32_MAX || !p->nblocks); /* at a document */
    u32 from = p->block == UINT32_MAX ? 0 : p->block + 1;
    u32 b = from < p->nblocks ? snPostBlockFind(p, from, target) : p->nblocks;
    if (b >= p->nblocks) {
      p->n = p->i = 0;
      p->block = p->nblocks;
      return p->doc = DOC_END;
    }
    if (!postDecode(p, b)) return postFail(p);
    if (p->docs[p->n - 1] < target) { /* the only block: no directory */
      p->n = p->i = 0;
      p->block = p->nblocks;
      return p->doc = DOC_END;
    }
  }
  u32 lo = p->i, hi = p->n - 1; /* docs[hi] >= target */
  if (hi - lo > POST_NEAR && p->docs[lo + POST_NEAR] >= target)
    hi = lo + POST_NEAR;
  while (lo < hi) {
    u32 mid = (lo + hi) / 2;
    if (p->docs[mid] < target) lo = mid + 1;
    else hi = mid;
  }
  p->i = lo;
  return p->doc = p->docs[lo];
}

void snPostFreqs(Postings *p) {
  if (p->freqs_ready || !p->n) return;
  p->freqs_ready = true;
  if (!p->has_freqs) {
    for (u32 i = 0; i < p->n; i++) p->freqs[i] = 1;
    return;
  }
  Rd r = {p->freq_at, p->data_end, false};
  if (snPatchedGet(&r, p->n, 1, p->freqs)) {
    if (!p->rc) p->rc = SN_CORRUPT;
    for (u32 i = 0; i < p->n; i++) p->freqs[i] = 1;
  }
  postCount(0, p->freq_at, r.p);
}

u32 snPostFreq(Postings *p) {
  if (!p->freqs_ready) snPostFreqs(p);
  return p->freqs[p->i];
}

/* Four places at a time: neighbours meet in one word, and each would wait for
** the one before it. */
static void postFillDocs(const u32 *docs, u32 n, u32 base, u64 *bits) {
  u32 part = n / 4;
  for (u32 i = 0; i < part; i++) {
    snBitSet(bits, docs[i] - base);
    snBitSet(bits, docs[part + i] - base);
    snBitSet(bits, docs[2 * part + i] - base);
    snBitSet(bits, docs[3 * part + i] - base);
  }
  for (u32 i = 4 * part; i < n; i++) snBitSet(bits, docs[i] - base);
}

/* ORs block b as it is stored, when it is a bitmap and ends before `end`.  Not
** the first one: the block before it has a document from base on. */
static bool postFillWords(Postings *p, u32 b, u32 base, u32 end, u64 *bits) {
  u64 word[POST_WORDS];
  PostBits in;
  u32 from;
  Rd r;
  if (b >= p->nblocks || snPostBlockLast(p, b) >= end ||
      !postBlock(p, b, &r, &from) || snRdByte(&r) != POST_BITMAP ||
      !postBits(p, &r, from, &in))
    return false;
  assert(from > base && in.first >= from);
  if (!in.words || in.words > POST_WORDS) return false;
  for (u32 k = 0; k < in.words; k++) word[k] = snGet64(in.w + 8ull * k);
  u64 top = word[in.words - 1];
  if (!top || in.first + in.words * 64ull - 1 - (u32)__builtin_clzll(top) !=
          snPostBlockLast(p, b) ||
      snBitsCount(word, in.words) != postBlockDocs(p, b))
    return false;
  postCount(1, in.w, r.p);
  u32 shift = (in.first - base) % 64;
  bits += (in.first - base) / 64;
  for (u32 k = 0; k < in.words; k++) {
    u64 x = word[k], high = shift ? x >> (64 - shift) : 0;
    bits[k] |= x << shift;
    if (high) bits[k + 1] |= high;
  }
  return true;
}

void snPostFill(Postings *p, u32 base, u32 end, u64 *bits) {
  u32 d = snPostSeek(p, base);
  while (d < end) {
    u32 i = p->i, n = p->n;
    const u32 *docs = p->docs;
    if (docs[n - 1] >= end) {
      for (; docs[i] < end; i++) snBitSet(bits, docs[i] - base);
      p->i = i;
      p->doc = docs[i];
      return;
    }
    postFillDocs(docs + i, n - i, base, bits);
    p->i = n - 1;
    while (postFillWords(p, p->block + 1, base, end, bits)) {
      p->block++;
      p->n = p->i = 0; /* it is passed, and was not decoded */
    }
    d = snPostNextBlock(p);
  }
}

/* ---- bounds ------------------------------------------------------------- */

static u32 postImpactGet(const u8 *at, Impact out[IMPACTS]) {
  u32 n = 0;
  while (n < IMPACTS && at[2 * n]) {
    out[n] = (Impact){at[2 * n], at[2 * n + 1]};
    n++;
  }
  return n;
}

/* The bound of a list without a directory. */
static u32 postImpactOne(const Postings *p, Impact out[IMPACTS]) {
  if (!p->has_freqs) {
    out[0] = (Impact){1, 1};
    return 1;
  }
  if (p->impact) {
    out[0] = (Impact){p->impact[0], p->impact[1]};
    return 1;
  }
  u32 tf = p->df == 2 ? SN_MAX(p->freqs[0], p->freqs[1]) : p->freqs[0];
  out[0] = (Impact){(u8)SN_MIN(tf, 255u), 0};
  return 1;
}

u32 snPostImpacts(Postings *p, u32 target, bool coarse, u32 *upto,
    Impact out[IMPACTS]) {
  *upto = DOC_END - 1;
  if (!p->impacts_each) return postImpactOne(p, out);
  u32 from = p->block == UINT32_MAX || p->block >= p->nblocks ? 0 : p->block;
  if (from && snPostBlockLast(p, from - 1) >= target) from = 0;
  u32 b = snPostBlockFind(p, from, target);
  if (b >= p->nblocks) return 0;
  if (coarse && p->sup_last) {
    *upto = snPostSuperLast(p, b / POST_SUPER);
    return snPostSuperImpacts(p, b / POST_SUPER, out);
  }
  *upto = snPostBlockLast(p, b);
  return snPostBlockImpacts(p, b, out);
}

u32 snPostBlockImpacts(Postings *p, u32 b, Impact out[IMPACTS]) {
  if (!p->impacts_each) return postImpactOne(p, out);
  return postImpactGet(p->impact + 8 * (size_t)b, out);
}

u32 snPostSuperImpacts(const Postings *p, u32 s, Impact out[IMPACTS]) {
  return postImpactGet(p->sup_impact + 8 * (size_t)s, out);
}

bool snPostThreshold(const Postings *p, u32 k, Impact *out) {
  u32 i = k <= 10 ? 0 : k <= 100 ? 1 : 2;
  if (!p->thresholds || k > 1000) return false;
  *out = (Impact){p->thresholds[2 * i], p->thresholds[2 * i + 1]};
  return out->tf > 0;
}

/* ---- positions ---------------------------------------------------------- */

static int postPosBlock(Postings *p, u32 b) {
  u64 left = p->ttf - (u64)b * PACK_BLOCK;
  u32 n = (u32)SN_MIN(left, (u64)PACK_BLOCK);
  u32 at = p->pos_off ? snGet32(p->pos_off + 4 * (size_t)b) : 0;
  assert(!b || p->pos_off); /* b is of those that ttf tells of */
  if (at > (u64)(p->pos_end - p->pos_data)) return SN_CORRUPT;
  Rd r = {p->pos_data + at, p->pos_end, false};
  p->pos_block = b;
  int rc = SEINE_OK;
  if (n >= POST_SMALL) rc = snPatchedGet(&r, n, 0, p->pos);
  else for (u32 i = 0; i < n; i++) p->pos[i] = snRdU32v(&r);
  postCount(0, p->pos_data + at, r.p);
  return r.bad ? SN_CORRUPT : rc;
}

/* Occurrences before the current document. */
static u64 postCum(Postings *p) {
  for (; p->cum_i < p->i; p->cum_i++) p->cum_at += p->freqs[p->cum_i];
  return p->cum_at;
}

int snPostPositions(Postings *p, const u32 **out, u32 *n) {
  *n = 0;
  *out = NULL;
  if (!p->has_pos || p->doc == DOC_END || p->rc)
    return p->rc ? p->rc : SN_CORRUPT;
  u32 tf = snPostFreq(p), sum = 0;
  if (tf / PACK_BLOCK > (u64)(p->pos_end - p->pos_data)) /* no memory for */
    return p->rc = SN_CORRUPT;                           /* forged ones */
  p->pos_out.n = 0;
  u32 *to = (u32 *)(void *)snBufSpace(&p->pos_out, (size_t)tf * 4);
  if (!to) return p->rc = SN_NOMEM;
  if (!p->data) { /* inline */
    Rd r = {p->i ? p->pos_off : p->pos_data, p->pos_end, false};
    for (u32 i = 0; i < tf; i++) to[i] = sum += snRdU32v(&r);
    if (r.bad) return p->rc = SN_CORRUPT;
  } else {
    if (!p->pos) p->pos = snMemAlloc(p->budget, 264 * sizeof(u32));
    if (!p->pos) return p->rc = SN_NOMEM;
    u64 at = postCum(p);
    if (at + tf > p->ttf) return p->rc = SN_CORRUPT;
    for (u32 i = 0; i < tf; i++, at++) {
      u32 b = (u32)(at / PACK_BLOCK);
      if (b != p->pos_block) {
        int rc = postPosBlock(p, b);
        if (rc) return p->rc = rc;
      }
      to[i] = sum += p->pos[at % PACK_BLOCK];
    }
  }
  *out = to;
  *n = tf;
  return SEINE_OK;
}

#undef POST_BITMAP
#undef POST_NEAR
#undef POST_PATCHED
#undef POST_WORDS
