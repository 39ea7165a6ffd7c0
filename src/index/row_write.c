/*
** row_write: the row store, written: values that no column holds.
**
** Section: u32 columns, u32 blocks, u32 documents, u32 bytes of the dictionary
**   u32 id of each column, ascending
**   per block: u32 first document, u32 raw bytes, u64 offset of its end,
**     counted from the end of the dictionary
**   the dictionary
**   blocks, each one LZ4 block with that dictionary
** Raw bytes of a block: per document, per column: varint length + 1 and the
** bytes, or 0 for NULL.
**
** Rows are like each other, and a block is too short to show it.  So raw bytes
** that passed, 64 KiB of them, become the dictionary of all blocks behind.
** It pays from a megabyte of rows on; they are packed without, which reads the
** same.  Rows are packed fast; where it is asked for a merge packs tightly, in
** larger blocks.  A reader sees no difference.
*/
#include "index/indexInt.h"

void snRowWriteInit(RowWriter *w, Budget *b, const u32 *ids, u32 n,
    bool tight) {
  memset(w, 0, sizeof *w);
  w->ids = ids;
  w->nids = n;
  snBufInit(&w->raw, b);
  snBufInit(&w->data, b);
  snBufInit(&w->offs, b);
  snBufInit(&w->dict, b);
  w->block = tight ? ROW_BLOCK_TIGHT : ROW_BLOCK;
  w->rc = snLzInit(&w->lz, b, tight);
}

void snRowWriteAdd(RowWriter *w, const void *p, u32 n, bool null) {
  if (null) {
    snBufByte(&w->raw, 0);
    return;
  }
  snBufVarint(&w->raw, (u64)n + 1);
  snBufAdd(&w->raw, p, n);
}

/* The blocks just written become the dictionary, until it is full. */
static void rowWriteDict(RowWriter *w) {
  u32 left = LZ_DICT - (u32)w->dict.n;
  if (w->total < ROW_DICT_FROM || !left || w->rc) return;
  snBufAdd(&w->dict, w->raw.data, SN_MIN(left, w->raw.n));
  w->rc = w->dict.rc;
  if (w->rc || w->dict.n < LZ_DICT) return;
  w->rc = snLzDict(&w->lz, w->dict.budget, w->dict.data, LZ_DICT);
}

static void rowWriteBlock(RowWriter *w) {
  if (!w->raw.n || w->rc) return;
  if (w->raw.n > INT32_MAX / 2) {
    w->rc = SEINE_TOOBIG;
    return;
  }
  snBufU32(&w->offs, (u32)w->raw.n);
  snLzPut(&w->lz, &w->data, w->raw.data, (u32)w->raw.n);
  snBufU64(&w->offs, w->data.n);
  w->total += w->raw.n;
  rowWriteDict(w);
  w->raw.n = 0;
  w->nblocks++;
}

void snRowWriteNext(RowWriter *w) {
  if (w->offs.n % 16 == 0) snBufU32(&w->offs, w->docs);
  w->docs++;
  if (w->raw.rc) w->rc = w->raw.rc;
  if (w->raw.n >= w->block) rowWriteBlock(w);
}

void snRowWriteEnd(RowWriter *w, Buf *out) {
  rowWriteBlock(w);
  u32 dict = w->lz.primed ? LZ_DICT : 0;
  snBufU32(out, w->nids);
  snBufU32(out, w->nblocks);
  snBufU32(out, w->docs);
  snBufU32(out, dict);
  snBufAdd(out, w->ids, w->nids * sizeof(u32));
  snBufAdd(out, w->offs.data, w->offs.n);
  snBufAdd(out, w->dict.data, dict);
  snBufAdd(out, w->data.data, w->data.n);
  if (!out->rc) out->rc = w->rc ? w->rc : w->data.rc ? w->data.rc : w->offs.rc;
}

void snRowWriteFree(RowWriter *w) {
  snBufClear(&w->raw);
  snBufClear(&w->data);
  snBufClear(&w->offs);
  snBufClear(&w->dict);
  snLzFree(&w->lz);
}
