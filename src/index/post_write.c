/*
** post_write: posting lists, written.
**
** A list of df <= 2 documents (it lives in the dictionary):
**   per document: varint gap * 2 + (tf == 1), varint tf unless it is 1,
**   tf varints: gaps of positions.  Without frequencies: varint gap.
**
** A list of one block (df <= 256):
**   with frequencies: one pair (tf, norm) that bounds the block
**   with positions:   varint bytes of the block
**   block, positions
** What pairs promise, and which are chosen: impact.c.
**
** A longer list of nb blocks:
**   u32 bytes of all blocks
**   u32 last document of each block; u32 offset of each block
**   with positions:   u32 occurrences before each block
**   with frequencies: 4 pairs (tf, norm) of each block, unused ones 0
**   nb > 32: u32 last document, with frequencies 4 pairs, per 32 blocks
**   with frequencies, df >= 1,024: 3 pairs (tf, norm) such that at least 10,
**     100, 1,000 documents have at least that tf and at most that norm
**   blocks, positions
**
** A block: a tag and 256 documents (fewer in the last one); base is the last
** document of the block before plus one.
**   tag 0..32: gaps minus one, packed at that width (the first: minus base)
**   0x40: varints as in the inline form, frequencies included
**   0x41: varint first - base; the documents follow one another
**   0x42: varint first - base, u16 words, words: a bitmap from the first on
**   0x43: the gaps of 0..32, patched
** then (not for 0x40) with frequencies: tf - 1, patched.
**
** Positions: gaps, per document from 0, in blocks of 256 regardless of the
** documents; if there are several: u32 offset of each; patched, or varints
** when there are fewer than 64.
*/
#include "index/indexInt.h"

#define POST_GRID_TF   16u
#define POST_GRID_NORM 64u
#define POST_SAVED     8u /* a patched block saves at least that part */

void snPostWriteInit(PostWriter *w, Budget *b, bool freqs, bool pos,
    const u8 *norms, double average) {
  memset(w, 0, sizeof *w);
  w->has_freqs = freqs;
  w->has_pos = pos;
  w->norms = norms;
  w->average = average;
  Buf *all[] = {&w->data, &w->dir, &w->pos_data, &w->pos_off, &w->sup,
      &w->last, &w->off, &w->cum, &w->imp};
  for (u32 i = 0; i < SN_COUNT(all); i++) snBufInit(all[i], b);
  w->grid = snMemAlloc(b, POST_GRID_TF * POST_GRID_NORM * sizeof(u32));
  if (!w->grid) w->rc = SN_NOMEM;
}

void snPostWriteFree(PostWriter *w) {
  Buf *all[] = {&w->data, &w->dir, &w->pos_data, &w->pos_off, &w->sup,
      &w->last, &w->off, &w->cum, &w->imp};
  for (u32 i = 0; i < SN_COUNT(all); i++) snBufClear(all[i]);
  snMemFree(w->grid);
  w->grid = NULL;
}

void snPostWriteBegin(PostWriter *w) {
  w->data.n = w->dir.n = w->pos_data.n = w->pos_off.n = w->sup.n = 0;
  w->last.n = w->off.n = w->cum.n = w->imp.n = 0;
  w->n = w->npos = w->prev = w->df = w->nblocks = 0;
  w->ttf = 0;
  snImpactReset(&w->block);
  snImpactReset(&w->super);
  snImpactReset(&w->all);
}

static void postWriteImpacts(const PostWriter *w, const ImpactSet *s,
    Buf *out) {
  Impact p[IMPACTS];
  u32 n = snImpactPut(s, w->average, p);
  for (u32 i = 0; i < IMPACTS; i++) {
    snBufByte(out, i < n ? p[i].tf : 0);
    snBufByte(out, i < n ? p[i].norm : 0);
  }
}

static void postWriteVarints(PostWriter *w) {
  Buf *b = &w->data;
  u32 prev = w->prev;
  u8 *to = snBufSpace(b, 1 + 10 * (size_t)w->n);
  if (!to) return;
  *to++ = 0x40;
  for (u32 i = 0; i < w->n; i++) {
    u64 gap = w->docs[i] - prev;
    prev = w->docs[i] + 1;
    if (!w->has_freqs) {
      to = snVarintTo(to, gap);
    } else {
      to = snVarintTo(to, gap << 1 | (w->freqs[i] == 1));
      if (w->freqs[i] != 1) to = snVarintTo(to, w->freqs[i]);
    }
  }
  snBufEnd(b, to);
}

static void postWriteBitset(PostWriter *w, u32 words) {
  u32 first = w->docs[0];
  snBufByte(&w->data, 0x42);
  snBufVarint(&w->data, first - w->prev);
  snBufU16(&w->data, (u16)words);
  u8 *at = snBufSpace(&w->data, words * 8);
  if (!at) return;
  memset(at, 0, words * 8);
  for (u32 i = 0; i < w->n; i++) {
    u32 bit = w->docs[i] - first;
    at[bit >> 3] = (u8)(at[bit >> 3] | 1u << (bit & 7));
  }
}

/* False, and nothing is written, where it saves too little of `size` for what
** patches cost those who read. */
static bool postWritePatched(PostWriter *w, const u32 *gaps, u32 size) {
  size_t at = w->data.n;
  snBufByte(&w->data, 0x43);
  snPatchedPut(&w->data, gaps, w->n);
  if (w->data.n - at - 1 <= size - size / POST_SAVED) return true;
  w->data.n = at;
  return false;
}

/* The documents of the block, in the smallest form, with a bias to bitmaps:
** they intersect and advance fastest. */
static void postWriteDocs(PostWriter *w) {
  u32 n = w->n, first = w->docs[0], last = w->docs[n - 1];
  u32 gaps[PACK_BLOCK + 8];
  if (last - first == n - 1) {
    snBufByte(&w->data, 0x41);
    snBufVarint(&w->data, first - w->prev);
    return;
  }
  gaps[0] = first - w->prev;
  for (u32 i = 1; i < n; i++) gaps[i] = w->docs[i] - w->docs[i - 1] - 1;
  u32 width = snPackWidth(gaps, n);
  u32 words = (last - first) / 64 + 1;
  if (words <= 64 && words * 8 <= snPackSize(n, width + 1)) {
    postWriteBitset(w, words);
    return;
  }
  u32 size = snPackSize(n, width);
  if (postWritePatched(w, gaps, size)) return;
  snBufByte(&w->data, (u8)width);
  u8 *at = snBufSpace(&w->data, size);
  if (at) snPack(gaps, n, width, at);
}

/* Counts the documents of a block for the thresholds: of lists of more than
** one block, since a full first block may be followed by others. */
static void postWriteGrid(PostWriter *w) {
  if (!w->has_freqs || !w->grid) return;
  if (w->nblocks == 0) {
    if (w->n < PACK_BLOCK) return;
    memset(w->grid, 0, POST_GRID_TF * POST_GRID_NORM * sizeof(u32));
  }
  for (u32 i = 0; i < w->n; i++) {
    u8 norm = w->norms ? w->norms[w->docs[i]] : 1;
    u32 tf = SN_MIN(w->freqs[i], POST_GRID_TF - 1);
    w->grid[tf * POST_GRID_NORM + norm / 4]++;
  }
}

/* The documents of the block, and how often. */
static void postWriteData(PostWriter *w) {
  if (w->n < POST_SMALL) {
    postWriteVarints(w);
    return;
  }
  postWriteDocs(w);
  if (w->has_freqs) {
    u32 less[PACK_BLOCK + 8];
    for (u32 i = 0; i < w->n; i++) less[i] = w->freqs[i] - 1;
    snPatchedPut(&w->data, less, w->n);
  }
}

static void postWriteBounds(PostWriter *w) {
  for (u32 i = 0; i < w->n; i++)
    snImpactAdd(&w->block, w->freqs[i], w->norms ? w->norms[w->docs[i]] : 1);
}

static void postWriteBlock(PostWriter *w) {
  if (!w->n) return;
  postWriteGrid(w);
  u32 last = w->docs[w->n - 1], occ = 0;
  for (u32 i = 0; i < w->n; i++) occ += w->freqs[i];
  snBufU32(&w->last, last);
  snBufU32(&w->off, (u32)w->data.n);
  snBufU32(&w->cum, (u32)(w->ttf - occ));
  postWriteData(w);
  if (w->has_freqs) {
    postWriteBounds(w);
    postWriteImpacts(w, &w->block, &w->imp);
    snImpactMerge(&w->super, &w->block);
    snImpactMerge(&w->all, &w->block);
    snImpactReset(&w->block);
  }
  w->nblocks++;
  if (w->nblocks % POST_SUPER == 0) {
    snBufU32(&w->sup, last);
    if (w->has_freqs) postWriteImpacts(w, &w->super, &w->dir);
    snImpactReset(&w->super);
  }
  w->prev = last + 1;
  w->n = 0;
}

static void postWritePositions(PostWriter *w) {
  if (!w->npos) return;
  snBufU32(&w->pos_off, (u32)w->pos_data.n);
  if (w->npos < POST_SMALL) {
    Buf *b = &w->pos_data;
    u8 *to = snBufSpace(b, 5 * (size_t)w->npos);
    for (u32 i = 0; to && i < w->npos; i++) to = snVarintTo(to, w->pos[i]);
    if (to) snBufEnd(b, to);
  } else {
    snPatchedPut(&w->pos_data, w->pos, w->npos);
  }
  w->npos = 0;
}

void snPostWriteDoc(PostWriter *w, u32 doc, u32 tf, const u32 *pos) {
  if (w->rc) return;
  w->docs[w->n] = doc;
  w->freqs[w->n] = tf;
  w->n++;
  w->df++;
  w->ttf += tf;
  if (w->has_pos) {
    u32 prev = 0;
    for (u32 i = 0; i < tf; i++) {
      w->pos[w->npos++] = pos[i] - prev;
      prev = pos[i];
      if (w->npos == PACK_BLOCK) postWritePositions(w);
    }
  }
  if (w->n == PACK_BLOCK) postWriteBlock(w);
}

/* Turns counts into "at least this tf and at most this norm", then takes for
** k = 10, 100, 1,000 the pair with the best plain tf saturation. */
static void postWriteThresholds(PostWriter *w, Buf *out) {
  u32 *g = w->grid; /* is there: Begin was called */
  for (u32 t = POST_GRID_TF; t-- > 0;) {
    for (u32 n = 0; n < POST_GRID_NORM; n++) {
      u32 *c = g + t * POST_GRID_NORM + n;
      if (n) *c += c[-1];
      if (t + 1 < POST_GRID_TF) {
        const u32 *up = c + POST_GRID_NORM;
        *c += *up;
        if (n) *c -= up[-1];
      }
    }
  }
  for (u32 k = 10; k <= 1000; k *= 10) {
    double best = -1;
    u8 tf = 0, norm = 255;
    for (u32 t = 1; t < POST_GRID_TF; t++) {
      for (u32 n = 0; n < POST_GRID_NORM; n++) {
        if (g[t * POST_GRID_NORM + n] < k) continue;
        double len = (double)snNormGet((u8)(n * 4 + 3));
        double s = t / (t + 0.3 + 0.9 * len / 100.0);
        if (s > best) {
          best = s;
          tf = (u8)t;
          norm = (u8)(n * 4 + 3);
        }
      }
    }
    snBufByte(out, tf);
    snBufByte(out, norm);
  }
}

static void postWriteLong(PostWriter *w, Buf *out) {
  snBufU32(out, (u32)w->data.n);
  snBufAdd(out, w->last.data, w->last.n);
  snBufAdd(out, w->off.data, w->off.n);
  if (w->has_pos) snBufAdd(out, w->cum.data, w->cum.n);
  if (w->has_freqs) snBufAdd(out, w->imp.data, w->imp.n);
  if (w->nblocks > POST_SUPER) {
    if (w->nblocks % POST_SUPER) {
      snBufU32(&w->sup, w->prev - 1);
      if (w->has_freqs) postWriteImpacts(w, &w->super, &w->dir);
    }
    snBufAdd(out, w->sup.data, w->sup.n);
    snBufAdd(out, w->dir.data, w->dir.n);
  }
  if (w->df >= POST_LONG && w->has_freqs) postWriteThresholds(w, out);
}

static void postWriteInline(PostWriter *w, Buf *out, const u32 *pos) {
  u32 prev = 0, k = 0;
  u8 *to = snBufSpace(out, 10 * (size_t)w->n + 5 * (w->has_pos ? w->ttf : 0));
  if (!to) return;
  for (u32 i = 0; i < w->n; i++) {
    u64 gap = w->docs[i] - prev;
    prev = w->docs[i] + 1;
    if (!w->has_freqs) {
      to = snVarintTo(to, gap);
      continue;
    }
    to = snVarintTo(to, gap << 1 | (w->freqs[i] == 1));
    if (w->freqs[i] != 1) to = snVarintTo(to, w->freqs[i]);
    for (u32 j = 0; w->has_pos && j < w->freqs[i]; j++)
      to = snVarintTo(to, pos[k++]);
  }
  snBufEnd(out, to);
}

/* The positions of one or two documents, wherever they wait. */
static void postWriteInlineAll(PostWriter *w, Buf *out) {
  u32 full = (u32)(w->ttf - w->npos), *pos = NULL;
  if (w->has_pos && full) {
    w->rc = w->pos_data.rc;
    if (w->rc) return;
    pos = snMemAlloc(out->budget, (w->ttf + 8) * sizeof(u32));
    if (!pos) {
      w->rc = SN_NOMEM;
      return;
    }
    Rd r = {w->pos_data.data, w->pos_data.data + w->pos_data.n, false};
    for (u32 i = 0; i < full; i += PACK_BLOCK)
      if (!w->rc) w->rc = snPatchedGet(&r, PACK_BLOCK, 0, pos + i);
    memcpy(pos + full, w->pos, w->npos * sizeof(u32));
  }
  if (!w->rc) postWriteInline(w, out, pos ? pos : w->pos);
  snMemFree(pos);
}

/* The pair that bounds a list of one block. */
static void postWritePair(PostWriter *w, Buf *out) {
  Impact p[IMPACTS];
  if (!w->nblocks) postWriteBounds(w);
  u32 n = snImpactPut(w->nblocks ? &w->all : &w->block, w->average, p);
  snBufByte(out, p[n - 1].tf);
  snBufByte(out, p[0].norm);
}

/* What stands before the documents of a list of one block. */
static void postWriteOne(PostWriter *w, Buf *out) {
  if (w->has_freqs) postWritePair(w, out);
  if (!w->nblocks) postWriteData(w);
  if (w->has_pos) snBufVarint(out, w->data.n);
}

void snPostWriteEnd(PostWriter *w, Buf *out) {
  if (w->rc) return;
  if (w->df <= POST_INLINE) {
    postWriteInlineAll(w, out);
    return;
  }
  if (w->nblocks + (w->n > 0) == 1) {
    postWriteOne(w, out);
  } else {
    postWriteBlock(w);
    postWriteLong(w, out);
  }
  postWritePositions(w);
  snBufAdd(out, w->data.data, w->data.n);
  if (w->has_pos) {
    if (w->ttf > PACK_BLOCK) snBufAdd(out, w->pos_off.data, w->pos_off.n);
    snBufAdd(out, w->pos_data.data, w->pos_data.n);
  }
  if (w->data.n > UINT32_MAX || w->pos_data.n > UINT32_MAX ||
      (w->has_pos && w->ttf > UINT32_MAX))
    w->rc = SEINE_TOOBIG;
  Buf *all[] = {&w->data, &w->dir, &w->pos_data, &w->pos_off, &w->sup,
      &w->last, &w->off, &w->cum, &w->imp, out};
  for (u32 i = 0; i < SN_COUNT(all); i++)
    if (all[i]->rc) w->rc = all[i]->rc;
}
#undef POST_GRID_TF
#undef POST_GRID_NORM
#undef POST_SAVED
