/*
** row_read: the row store, read.  The format is in row_write.c.
*/
#include "index/indexInt.h"

typedef struct RowReader {
  Segment *seg;
  const Section *sec;
  u32 ncols, nblocks, col; /* col: place of the column in a row */
  const u8 *ids, *dir, *dict;
  u32 dict_n;
  u64 body;
} RowReader;

static int rowOpen(Segment *g, const Section *s, RowReader *r) {
  const u8 *p;
  r->seg = g;
  r->sec = s;
  int rc = snSegmentGet(g, s, 0, ROW_HEAD, &p);
  if (rc) return rc;
  r->ncols = snGet32(p);
  r->nblocks = snGet32(p + 4);
  r->dict_n = snGet32(p + 12);
  if (snGet32(p + 8) != g->docs || !r->nblocks) return SN_CORRUPT;
  rc = snSegmentGet(g, s, ROW_HEAD, r->ncols * 4ull, &r->ids);
  if (rc) return rc;
  r->body = ROW_HEAD + r->ncols * 4ull + r->nblocks * 16ull;
  rc = snSegmentGet(g, s, ROW_HEAD + r->ncols * 4ull, r->nblocks * 16ull,
      &r->dir);
  if (!rc) rc = snSegmentGet(g, s, r->body, r->dict_n, &r->dict);
  r->body += r->dict_n;
  return rc;
}

static bool rowFind(RowReader *r, u32 column) {
  for (r->col = 0; r->col < r->ncols; r->col++)
    if (snGet32(r->ids + 4 * (size_t)r->col) == column) return true;
  return false;
}

int snRowHas(Segment *g, const Section *s, u32 column, bool *out) {
  RowReader r;
  *out = false;
  int rc = rowOpen(g, s, &r);
  if (!rc) *out = rowFind(&r, column);
  return rc;
}

static u32 rowFirst(const RowReader *r, u32 b) {
  return b < r->nblocks ? snGet32(r->dir + 16 * (size_t)b) : r->seg->docs;
}

static u32 rowBlockOf(const RowReader *r, u32 doc) {
  u32 lo = 0, hi = r->nblocks - 1;
  while (lo < hi) {
    u32 mid = (lo + hi + 1) / 2;
    if (rowFirst(r, mid) <= doc) lo = mid;
    else hi = mid - 1;
  }
  return lo;
}

/* Unpacks a block to the arena: what is handed out points into it. */
static int rowLoad(RowReader *r, u32 b, Arena *a, Rd *out) {
  const u8 *e = r->dir + 16 * (size_t)b, *p;
  u64 from = b ? snGet64(e - 8) : 0, to = snGet64(e + 8);
  u32 raw = snGet32(e + 4);
  if (from > to || to - from > INT32_MAX || raw > INT32_MAX ||
      raw / 255 > to - from)
    return SN_CORRUPT;
  int rc = snSegmentGet(r->seg, r->sec, r->body + from, to - from, &p);
  if (rc) return rc;
  snSegmentReads()->bytes += (i64)(to - from);
  u8 *q = snArenaBytes(a, raw + 1);
  if (!q) return SN_NOMEM;
  rc = snLzGet(p, (u32)(to - from), r->dict, r->dict_n, q, raw);
  *out = (Rd){q, q + raw, false};
  return rc;
}

static void rowSkip(Rd *rd, u32 n) {
  for (u32 i = 0; i < n && !rd->bad; i++) {
    u64 len = snRdVarint(rd);
    if (len > 1) (void)snRdBytes(rd, len - 1);
  }
}

int snRowGather(Segment *g, u32 column, const u32 *docs, u32 n, Arena *a,
    DictText *out, u64 *nulls) {
  const Section *s = snSegmentFind(g, SEC_ROWS, 0);
  RowReader r;
  Rd rd = {0}, start = {0};
  u32 block = UINT32_MAX, at = 0;
  int rc = s ? rowOpen(g, s, &r) : SN_CORRUPT;
  if (rc) return rc;
  if (!rowFind(&r, column)) return SN_CORRUPT;
  for (u32 i = 0; i < n; i++) {
    u32 doc = docs[i];
    if (doc >= g->docs) return SN_CORRUPT;
    if (block == UINT32_MAX || doc < rowFirst(&r, block) ||
        doc >= rowFirst(&r, block + 1)) {
      block = rowBlockOf(&r, doc);
      rc = rowLoad(&r, block, a, &start);
      if (rc) return rc;
      rd = start;
      at = rowFirst(&r, block);
    } else if (doc < at) {
      rd = start;
      at = rowFirst(&r, block);
    }
    rowSkip(&rd, (doc - at) * r.ncols);
    Rd row = rd;
    at = doc;
    rowSkip(&row, r.col);
    u64 len = snRdVarint(&row);
    out[i] = (DictText){NULL, 0, 0};
    if (!len) snBitSet(nulls, i);
    else out[i] = (DictText){snRdBytes(&row, len - 1), (u32)(len - 1), 0};
    if (row.bad || len > UINT32_MAX) return SN_CORRUPT;
  }
  return SEINE_OK;
}
