/*
** dict_write: a dictionary of sorted terms, written.
**
** Section: u32 terms, u8 flags (1 postings, 2 frequencies, 4 maxima, 8
**     frequencies without positions), 3 bytes 0,
**   u64 occurrences of all terms, u32 documents with a term, u32 blocks,
**   per block u64: the first 8 bytes of its first term, as a big-endian
**     number, zeros behind a shorter term
**   with postings: per block u64: where its first list lies in SEC_POST
**   per block u32: offset of the block from the end of these arrays
**   with maxima, which dictionaries with postings have from 32 blocks on: per
**     block u32, then per 32 blocks u32: the largest df of its terms
**   blocks
** Block of up to 32 terms:
**   byte fingerprint of each term, u32 offset of the metas in the block
**   first term: varint bytes, bytes; the others: a byte, its high half the
**     bytes shared with the term before, its low half those that follow; for
**     each half of 15 a varint of what is above; bytes
**   metas, with postings: varint df, with frequencies df * 2 + (ttf > df) and
**     if so varint ttf - df; the list itself when df <= 2, else varint its
**     bytes
** Lists of df > 2 lie one behind the other in SEC_POST.
*/
#include "index/indexInt.h"

void snDictWriteInit(DictWriter *w, Budget *b, bool has_post,
    bool has_freqs) {
  memset(w, 0, sizeof *w);
  w->has_post = has_post;
  w->has_freqs = has_freqs;
  Buf *all[] = {&w->entries, &w->metas, &w->prev, &w->blocks, &w->seps,
      &w->offs, &w->posts, &w->maxima};
  for (u32 i = 0; i < SN_COUNT(all); i++) snBufInit(all[i], b);
}

void snDictWriteFree(DictWriter *w) {
  Buf *all[] = {&w->entries, &w->metas, &w->prev, &w->blocks, &w->seps,
      &w->offs, &w->posts, &w->maxima};
  for (u32 i = 0; i < SN_COUNT(all); i++) snBufClear(all[i]);
}

u8 snDictPrint(const void *p, u32 n) { return (u8)(snHash(p, n, 0) >> 56); }

static void dictWriteBlock(DictWriter *w) {
  u32 n = (w->n - 1) % DICT_BLOCK + 1;
  if (!w->n || !w->entries.n) return;
  snBufU32(&w->offs, (u32)w->blocks.n);
  if (w->has_post) snBufU32(&w->maxima, w->max);
  w->max = 0;
  snBufAdd(&w->blocks, w->prints, n);
  snBufU32(&w->blocks, (u32)(n + 4 + w->entries.n));
  snBufAdd(&w->blocks, w->entries.data, w->entries.n);
  snBufAdd(&w->blocks, w->metas.data, w->metas.n);
  if (w->blocks.n > UINT32_MAX) w->rc = SEINE_TOOBIG;
  w->entries.n = w->metas.n = 0;
}

static u32 dictWriteShared(const Buf *prev, const u8 *p, u32 n) {
  u32 i = 0, max = (u32)SN_MIN(prev->n, (size_t)n);
  while (i < max && prev->data[i] == p[i]) i++;
  return i;
}

static void dictWriteHead(Buf *b, u32 shared, u32 n) {
  const u32 max = DICT_HALF;
  snBufByte(b, (u8)(SN_MIN(shared, max) << 4 | SN_MIN(n, max)));
  if (shared >= max) snBufVarint(b, shared - max);
  if (n >= max) snBufVarint(b, n - max);
}

void snDictWriteAdd(DictWriter *w, const void *p, u32 n, u32 df, u64 ttf,
    const u8 *list, u32 list_len) {
  u32 at = w->n % DICT_BLOCK;
  if (at == 0) {
    dictWriteBlock(w);
    snBufU64(&w->seps, snDictKey(p, n));
    if (w->has_post) snBufU64(&w->posts, w->post_at);
    snBufVarint(&w->entries, n);
    snBufAdd(&w->entries, p, n);
  } else {
    u32 shared = dictWriteShared(&w->prev, p, n);
    dictWriteHead(&w->entries, shared, n - shared);
    snBufAdd(&w->entries, (const u8 *)p + shared, n - shared);
  }
  w->prints[at] = snDictPrint(p, n);
  w->prev.n = 0;
  snBufAdd(&w->prev, p, n);
  if (w->has_post) {
    w->max = SN_MAX(w->max, df);
    if (w->has_freqs) snBufVarint(&w->metas, (u64)df << 1 | (ttf > df));
    else snBufVarint(&w->metas, df);
    if (w->has_freqs && ttf > df) snBufVarint(&w->metas, ttf - df);
    if (df <= POST_INLINE) {
      snBufAdd(&w->metas, list, list_len);
    } else {
      snBufVarint(&w->metas, list_len);
      w->post_at += list_len;
    }
  }
  w->ttf += ttf;
  w->n++;
}

/* Behind the maxima of the blocks those of 32 each. */
static void dictWriteMaxima(DictWriter *w) {
  u32 n = (u32)(w->maxima.n / 4);
  for (u32 b = 0; b < n && !w->maxima.rc; b += DICT_GROUP) {
    u32 max = 0, end = SN_MIN(n, b + DICT_GROUP);
    for (u32 k = b; k < end; k++)
      max = SN_MAX(max, snGet32(w->maxima.data + 4 * (size_t)k));
    snBufU32(&w->maxima, max);
  }
}

void snDictWriteEnd(DictWriter *w, u32 docs_with, Buf *out) {
  dictWriteBlock(w);
  bool maxima = w->maxima.n / 4 >= DICT_GROUP;
  if (maxima) dictWriteMaxima(w);
  snBufU32(out, w->n);
  snBufByte(out, (u8)(w->has_post | w->has_freqs << 1 | maxima << 2 |
      w->no_pos << 3));
  snBufZero(out, 3);
  snBufU64(out, w->ttf);
  snBufU32(out, docs_with);
  snBufU32(out, (u32)(w->offs.n / 4));
  snBufAdd(out, w->seps.data, w->seps.n);
  snBufAdd(out, w->posts.data, w->posts.n);
  snBufAdd(out, w->offs.data, w->offs.n);
  if (maxima) snBufAdd(out, w->maxima.data, w->maxima.n);
  snBufAdd(out, w->blocks.data, w->blocks.n);
  Buf *all[] = {&w->entries, &w->metas, &w->prev, &w->blocks, &w->seps,
      &w->offs, &w->posts, &w->maxima};
  for (u32 i = 0; i < SN_COUNT(all); i++)
    if (!out->rc && all[i]->rc) out->rc = all[i]->rc;
  if (!out->rc) out->rc = w->rc;
}
