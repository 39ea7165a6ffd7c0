/*
** row_write: the row store, written: values that no column holds.
**
** Section: blocks, each one LZ4 block, packed with the dictionary of its part
**   dictionaries, 64 KiB each
**   per block: u32 first document, u32 raw bytes, u64 offset of its end
**   per dictionary: u32 the first block of its part
**   u32 id of each column, ascending
**   u32 columns, u32 blocks, u32 documents, u32 dictionaries
** Raw bytes of a block: per document, per column: varint length + 1 and the
** bytes, or 0 for NULL.
**
** Rows are like each other, and a block is too short to show it.  So raw bytes
** that passed, 64 KiB of them, become the dictionary of all blocks behind.
** It pays from a megabyte of rows on; they are packed without, which reads the
** same.  Rows are packed fast; where it is asked for a merge packs tightly, in
** larger blocks; a small memtable, which is merged soon, does not pack.  A
** reader sees no difference.
**
** What stands last is known last: blocks leave the memory as they are full.
** Blocks of another row store may be taken as they are, with its dictionaries;
** what is packed behind them is a part of its own.
*/
#include "index/indexInt.h"

void snRowWriteBegin(RowWriter *w, SegWriter *seg, Budget *b, const u32 *ids,
    u32 n, bool tight) {
  memset(w, 0, sizeof *w);
  w->seg = seg;
  w->ids = ids;
  w->nids = n;
  snBufInit(&w->raw, b);
  snBufInit(&w->dir, b);
  snBufInit(&w->dict, b);
  snBufInit(&w->dicts, b);
  snBufInit(&w->parts, b);
  w->block = tight ? ROW_BLOCK_TIGHT : ROW_BLOCK;
  w->rc = snLzInit(&w->lz, b, tight);
  snSegWriteBegin(seg);
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
  snRowWriteTake(w, w->part, w->dict.data);
  if (!w->rc)
    w->rc = snLzDict(&w->lz, w->dict.budget, w->dict.data, LZ_DICT);
}

static void rowWriteEntry(RowWriter *w, u32 doc, u32 raw) {
  snBufU32(&w->dir, doc);
  snBufU32(&w->dir, raw);
  snBufU64(&w->dir, snSegWriteAt(w->seg));
  if (w->dir.rc) w->rc = w->dir.rc;
  w->nblocks++;
}

static void rowWriteBlock(RowWriter *w) {
  if (!w->raw.n || w->rc) return;
  if (w->raw.n > INT32_MAX / 2) {
    w->rc = SEINE_TOOBIG;
    return;
  }
  snLzPut(&w->lz, &w->seg->buf, w->raw.data, (u32)w->raw.n);
  rowWriteEntry(w, w->first, (u32)w->raw.n);
  snSegWriteSpill(w->seg);
  w->total += w->raw.n;
  rowWriteDict(w);
  w->raw.n = 0;
}

void snRowWriteNext(RowWriter *w) {
  if (w->raw.rc) w->rc = w->raw.rc;
  w->docs++;
  if (w->raw.n >= w->block) snRowWritePause(w);
}

void snRowWritePause(RowWriter *w) {
  rowWriteBlock(w);
  w->first = w->docs;
}

void snRowWriteTake(RowWriter *w, u32 part, const u8 *dict) {
  snBufU32(&w->parts, part);
  snBufAdd(&w->dicts, dict, LZ_DICT);
  if (!w->rc) w->rc = w->parts.rc ? w->parts.rc : w->dicts.rc;
}

void snRowWriteCopy(RowWriter *w, const u8 *p, u32 n, u32 docs, u32 raw) {
  snBufAdd(&w->seg->buf, p, n);
  rowWriteEntry(w, w->docs, raw);
  snSegWriteSpill(w->seg);
  w->docs += docs;
}

void snRowWritePart(RowWriter *w) {
  w->part = w->nblocks;
  w->first = w->docs;
  w->total = 0;
  w->dict.n = 0;
  snLzForget(&w->lz);
}

int snRowWriteEnd(RowWriter *w) {
  Buf *out = &w->seg->buf;
  rowWriteBlock(w);
  snBufAdd(out, w->dicts.data, w->dicts.n);
  snBufAdd(out, w->dir.data, w->dir.n);
  snBufAdd(out, w->parts.data, w->parts.n);
  snBufAdd(out, w->ids, w->nids * sizeof(u32));
  snBufU32(out, w->nids);
  snBufU32(out, w->nblocks);
  snBufU32(out, w->docs);
  snBufU32(out, (u32)(w->parts.n / sizeof(u32)));
  int rc = w->rc ? w->rc : w->raw.rc ? w->raw.rc : out->rc;
  snSegWriteEnd(w->seg, SEC_ROWS, 0);
  snRowWriteFree(w);
  return rc;
}

void snRowWriteFree(RowWriter *w) {
  snBufClear(&w->raw);
  snBufClear(&w->dir);
  snBufClear(&w->dict);
  snBufClear(&w->dicts);
  snBufClear(&w->parts);
  snLzFree(&w->lz);
}
