/*
** dict_write: a dictionary of sorted terms, written.
**
** Section: u32 terms, u8 flags (1 postings, 2 frequencies, 4 maxima, 8
**     frequencies without positions, 16 packed), 3 bytes 0,
**   u64 occurrences of all terms, u32 documents with a term, u32 blocks,
**   per block u64: the first 8 bytes of its first term, as a big-endian
**     number, zeros behind a shorter term
**   with postings: per block u64: where its first list lies in SEC_POST
**   per block u32: offset of the block from the end of these arrays
**   with maxima, which dictionaries with postings have from 32 blocks on: per
**     block u32, then per 32 blocks u32: the largest df of its terms
**   when packed: the table of fsst.c
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
** When packed, what follows the shared bytes is codes of that table, and their
** number stands for theirs.
**
** A large dictionary of whole values is packed, when that saves an eighth.
** Words are not: they are short, and looked up one by one.
*/
#include "index/indexInt.h"

#ifdef SEINE_TEST
#define DICTW_FROM 512u
#else
#define DICTW_FROM (64u << 10) /* bytes of blocks; less is not worth it */
#endif
#define DICTW_SEEN 16384u      /* bytes that the table is made from */
#define DICTW_TRY  64u         /* blocks that show what is saved */

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

/* What stands before the bytes of a term; of DICT_LENS bytes at most. */
static u8 *dictWriteHead(u8 *to, u32 shared, u32 n) {
  const u32 max = DICT_HALF;
  *to++ = (u8)(SN_MIN(shared, max) << 4 | SN_MIN(n, max));
  if (shared >= max) to = snVarintTo(to, shared - max);
  if (n >= max) to = snVarintTo(to, n - max);
  return to;
}

static void dictWriteEntry(DictWriter *w, const u8 *p, u32 n, bool first) {
  Buf *b = &w->entries;
  u8 *to = snBufSpace(b, DICT_LENS + (size_t)n);
  u32 shared = first ? 0 : dictWriteShared(&w->prev, p, n);
  if (!to) return;
  to = first ? snVarintTo(to, n) : dictWriteHead(to, shared, n - shared);
  memcpy(to, p + shared, n - shared);
  snBufEnd(b, to + (n - shared));
  w->prev.n = shared;
  snBufAdd(&w->prev, p + shared, n - shared);
}

static void dictWriteMeta(DictWriter *w, u32 df, u64 ttf, const u8 *list,
    u32 list_len) {
  Buf *b = &w->metas;
  u32 in = df <= POST_INLINE ? list_len : 0;
  u8 *to = snBufSpace(b, 30 + (size_t)in);
  if (!to) return;
  if (w->has_freqs) to = snVarintTo(to, (u64)df << 1 | (ttf > df));
  else to = snVarintTo(to, df);
  if (w->has_freqs && ttf > df) to = snVarintTo(to, ttf - df);
  if (in) memcpy(to, list, in);
  else to = snVarintTo(to, list_len);
  snBufEnd(b, to + in);
  if (!in) w->post_at += list_len;
  w->max = SN_MAX(w->max, df);
}

void snDictWriteAdd(DictWriter *w, const void *p, u32 n, u32 df, u64 ttf,
    const u8 *list, u32 list_len) {
  u32 at = w->n % DICT_BLOCK;
  if (at == 0) {
    dictWriteBlock(w);
    snBufU64(&w->seps, snDictKey(p, n));
    if (w->has_post) snBufU64(&w->posts, w->post_at);
  }
  dictWriteEntry(w, p, n, at == 0);
  w->prints[at] = snDictPrint(p, n);
  if (w->has_post) dictWriteMeta(w, df, ttf, list, list_len);
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

static int dictWriteRc(const DictWriter *w) {
  const Buf *all[] = {&w->entries, &w->metas, &w->prev, &w->blocks, &w->seps,
      &w->offs, &w->posts, &w->maxima};
  for (u32 i = 0; i < SN_COUNT(all); i++)
    if (all[i]->rc) return all[i]->rc;
  return w->rc;
}

/* ---- packing ------------------------------------------------------------ */

typedef struct DictPack {
  const DictWriter *w;
  u32 nblocks;
  FsstMaker *code;
  Buf blocks, offs, one;
} DictPack;

/* A plain block; rest: its entries behind the first one. */
typedef struct DictPlain {
  const u8 *p;
  u32 n, len;
  Rd rest;
} DictPlain;

static void dictPackBlockOf(const DictPack *k, u32 b, DictPlain *out) {
  const DictWriter *w = k->w;
  u32 at = snGet32(w->offs.data + 4 * (size_t)b), shared, n;
  u32 end = b + 1 < k->nblocks ? snGet32(w->offs.data + 4 * (size_t)(b + 1))
                               : (u32)w->blocks.n;
  out->p = w->blocks.data + at;
  out->len = end - at;
  out->n = SN_MIN(DICT_BLOCK, w->n - b * DICT_BLOCK);
  const u8 *metas = out->p + snGet32(out->p + out->n);
  out->rest = (Rd){out->p + out->n + 4, metas, false};
  (void)snDictTail(&out->rest, true, &shared, &n);
}

/* From blocks at even distances, so that all of the order shows. */
static int dictPackLearn(DictPack *k) {
  Budget *b = k->blocks.budget;
  u32 step = (u32)(k->w->blocks.n / DICTW_SEEN) + 1, shared, n;
  Buf seen, ends;
  snBufInit(&seen, b);
  snBufInit(&ends, b);
  for (u32 i = 0; i < k->nblocks && seen.n < DICTW_SEEN; i += step) {
    DictPlain x;
    dictPackBlockOf(k, i, &x);
    while (x.rest.p < x.rest.end) {
      const u8 *p = snDictTail(&x.rest, false, &shared, &n);
      snBufAdd(&seen, p, SN_MIN(n, DICTW_SEEN));
      snBufU32(&ends, (u32)seen.n);
    }
  }
  int rc = seen.rc ? seen.rc : ends.rc;
  if (!rc)
    rc = snFsstMake(b, seen.data, (const u32 *)(const void *)ends.data,
        (u32)(ends.n / 4), &k->code);
  snBufClear(&seen);
  snBufClear(&ends);
  return rc;
}

static void dictPackBlock(DictPack *k, u32 b) {
  Buf *out = &k->blocks;
  size_t from = out->n;
  DictPlain x;
  dictPackBlockOf(k, b, &x);
  const u8 *metas = x.rest.end;
  snBufU32(&k->offs, (u32)from);
  snBufAdd(out, x.p, (size_t)(x.rest.p - x.p));
  while (x.rest.p < metas) {
    u32 shared, n;
    const u8 *p = snDictTail(&x.rest, false, &shared, &n);
    k->one.n = 0;
    snFsstPut(k->code, &k->one, p, n);
    u8 *to = snBufSpace(out, DICT_LENS);
    if (to) snBufEnd(out, dictWriteHead(to, shared, (u32)k->one.n));
    snBufAdd(out, k->one.data, k->one.n);
  }
  if (!out->rc) snPut32(out->data + from + x.n, (u32)(out->n - from));
  snBufAdd(out, metas, (size_t)(x.p + x.len - metas));
}

/* Blocks between those that the table was made from. */
static bool dictPackPays(DictPack *k) {
  u32 step = k->nblocks / DICTW_TRY + 1;
  u64 plain = 0;
  for (u32 b = step / 2; b < k->nblocks; b += step) {
    DictPlain x;
    dictPackBlockOf(k, b, &x);
    plain += x.len;
    dictPackBlock(k, b);
  }
  bool pays = k->blocks.n <= plain - plain / 8;
  k->blocks.n = k->offs.n = 0;
  return pays;
}

static void dictPackSwap(Buf *a, Buf *b) {
  Buf was = *a;
  *a = *b;
  *b = was;
}

/* The blocks are packed, if that pays, and memory is there for it: then there
** is a table. */
static void dictWritePack(DictWriter *w, Buf *table) {
  Budget *b = w->blocks.budget;
  DictPack k = {.w = w, .nblocks = (u32)(w->offs.n / 4)};
  if (w->has_freqs || dictWriteRc(w) || w->blocks.n < DICTW_FROM) return;
  Buf *all[] = {&k.blocks, &k.offs, &k.one};
  for (u32 i = 0; i < SN_COUNT(all); i++) snBufInit(all[i], b);
  int rc = dictPackLearn(&k);
  bool pays = !rc && dictPackPays(&k);
  for (u32 i = 0; pays && i < k.nblocks; i++) dictPackBlock(&k, i);
  for (u32 i = 0; !rc && i < SN_COUNT(all); i++) rc = all[i]->rc;
  if (pays && !rc && k.blocks.n <= UINT32_MAX) {
    snFsstPutTable(k.code, table);
    dictPackSwap(&w->blocks, &k.blocks);
    dictPackSwap(&w->offs, &k.offs);
  }
  snMemFree(k.code);
  for (u32 i = 0; i < SN_COUNT(all); i++) snBufClear(all[i]);
}

void snDictWriteEnd(DictWriter *w, u32 docs_with, Buf *out) {
  Buf table;
  snBufInit(&table, w->blocks.budget);
  dictWriteBlock(w);
  dictWritePack(w, &table);
  bool maxima = w->maxima.n / 4 >= DICT_GROUP;
  if (maxima) dictWriteMaxima(w);
  snBufU32(out, w->n);
  snBufByte(out, (u8)(w->has_post | w->has_freqs << 1 | maxima << 2 |
      w->no_pos << 3 | (table.n > 0) << 4));
  snBufZero(out, 3);
  snBufU64(out, w->ttf);
  snBufU32(out, docs_with);
  snBufU32(out, (u32)(w->offs.n / 4));
  snBufAdd(out, w->seps.data, w->seps.n);
  snBufAdd(out, w->posts.data, w->posts.n);
  snBufAdd(out, w->offs.data, w->offs.n);
  if (maxima) snBufAdd(out, w->maxima.data, w->maxima.n);
  snBufAdd(out, table.data, table.n);
  snBufAdd(out, w->blocks.data, w->blocks.n);
  if (!out->rc) out->rc = table.rc;
  snBufClear(&table);
  if (!out->rc) out->rc = dictWriteRc(w);
}

#undef DICTW_FROM
#undef DICTW_SEEN
#undef DICTW_TRY
