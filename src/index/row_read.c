/*
** row_read: the row store, read.  The format is in row_write.c.
*/
#include "index/indexInt.h"

/* A smaller one is packed anew when it is merged: its dictionary would stay
** to weigh more than a few percent. */
#ifdef SEINE_TEST
#define ROW_COPY_FROM LZ_DICT
#else
#define ROW_COPY_FROM (64u * LZ_DICT)
#endif

int snRowOpen(Segment *g, const Section *s, RowReader *r) {
  const u8 *p;
  u64 end = s->len - ROW_HEAD;
  r->seg = g;
  r->sec = s;
  if (s->len < ROW_HEAD) return SN_CORRUPT;
  int rc = snSegmentGet(g, s, end, ROW_HEAD, &p);
  if (rc) return rc;
  r->ncols = snGet32(p);
  r->nblocks = snGet32(p + 4);
  r->ndicts = snGet32(p + 12);
  if (snGet32(p + 8) != g->docs || !r->nblocks) return SN_CORRUPT;
  u64 dir = r->nblocks * (u64)ROW_ENTRY, parts = r->ndicts * 4ull;
  u64 all = dir + parts + r->ncols * 4ull;
  if (all > end || r->ndicts > (end - all) / LZ_DICT) return SN_CORRUPT;
  rc = snSegmentGet(g, s, end - all, all, &r->dir);
  if (rc) return rc;
  r->parts = r->dir + dir;
  r->ids = r->parts + parts;
  r->blocks = end - all - r->ndicts * (u64)LZ_DICT;
  return snGet32(r->dir) ? SN_CORRUPT : SEINE_OK;
}

static bool rowFind(RowReader *r, u32 column) {
  for (r->col = 0; r->col < r->ncols; r->col++)
    if (snGet32(r->ids + 4 * (size_t)r->col) == column) return true;
  return false;
}

int snRowHas(Segment *g, const Section *s, u32 column, bool *out) {
  RowReader r;
  *out = false;
  int rc = snRowOpen(g, s, &r);
  if (!rc) *out = rowFind(&r, column);
  return rc;
}

u32 snRowFirst(const RowReader *r, u32 b) {
  return b < r->nblocks ? snGet32(r->dir + ROW_ENTRY * (size_t)b)
                        : r->seg->docs;
}

static u32 rowBlockOf(const RowReader *r, u32 doc) {
  u32 lo = 0, hi = r->nblocks - 1;
  while (lo < hi) {
    u32 mid = (lo + hi + 1) / 2;
    if (snRowFirst(r, mid) <= doc) lo = mid;
    else hi = mid - 1;
  }
  return lo;
}

/* Where a block lies, packed, and how long it is when it is not. */
static int rowBlock(RowReader *r, u32 b, const u8 **p, u32 *n, u32 *raw) {
  const u8 *e = r->dir + ROW_ENTRY * (size_t)b;
  u64 from = b ? snGet64(e - 8) : 0, to = snGet64(e + 8);
  *raw = snGet32(e + 4);
  if (from > to || to > r->blocks || to - from > INT32_MAX ||
      *raw > INT32_MAX || *raw / 255 > to - from)
    return SN_CORRUPT;
  *n = (u32)(to - from);
  return snSegmentGet(r->seg, r->sec, from, *n, p);
}

/* The dictionary of the part that a block is in; NULL: there is none. */
static int rowDict(RowReader *r, u32 b, const u8 **out) {
  u32 k = r->ndicts;
  *out = NULL;
  while (k && snGet32(r->parts + 4 * (size_t)(k - 1)) > b) k--;
  return k ? snSegmentGet(r->seg, r->sec, r->blocks + (k - 1) * (u64)LZ_DICT,
                 LZ_DICT, out)
           : SEINE_OK;
}

int snRowLoad(RowReader *r, u32 b, Arena *a, Rd *out) {
  const u8 *p, *dict;
  u32 n, raw;
  int rc = rowBlock(r, b, &p, &n, &raw);
  if (!rc) rc = rowDict(r, b, &dict);
  if (rc) return rc;
  snSegmentReads()->bytes += n;
  u8 *q = snArenaBytes(a, raw + 1);
  if (!q) return SN_NOMEM;
  rc = snLzGet(p, n, dict, dict ? LZ_DICT : 0, q, raw);
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
  int rc = s ? snRowOpen(g, s, &r) : SN_CORRUPT;
  if (rc) return rc;
  if (!rowFind(&r, column)) return SN_CORRUPT;
  for (u32 i = 0; i < n; i++) {
    u32 doc = docs[i];
    if (doc >= g->docs) return SN_CORRUPT;
    if (block == UINT32_MAX || doc < snRowFirst(&r, block) ||
        doc >= snRowFirst(&r, block + 1)) {
      block = rowBlockOf(&r, doc);
      rc = snRowLoad(&r, block, a, &start);
      if (rc) return rc;
      rd = start;
      at = snRowFirst(&r, block);
    } else if (doc < at) {
      rd = start;
      at = snRowFirst(&r, block);
    }
    rowSkip(&rd, (doc - at) * r.ncols);
    Rd row = rd;
    at = doc;
    rowSkip(&row, r.col);
    u64 len = snRdVarint(&row);
    out[i] = (DictText){NULL, 0, 0};
    if (!len) snBitSet(nulls, i);
    else out[i] = (DictText){snRdBytes(&row, len - 1), (u32)(len - 1), 0};
    if (row.bad) return SN_CORRUPT; /* a block has no 4 GiB */
  }
  return SEINE_OK;
}

bool snRowCopies(Segment *g, const Section *s, const u32 *ids, u32 n) {
  RowReader r;
  if (snRowOpen(g, s, &r) || r.ncols != n) return false;
  for (u32 i = 0; i < n; i++)
    if (snGet32(r.ids + 4 * (size_t)i) != ids[i]) return false;
  return r.blocks >= ROW_COPY_FROM;
}

int snRowCopy(Segment *g, const Section *s, RowWriter *w,
    int (*stop)(void *arg), void *arg) {
  RowReader r;
  int rc = snRowOpen(g, s, &r);
  snRowWritePause(w);
  for (u32 k = 0; !rc && k < r.ndicts; k++) {
    const u8 *dict;
    u32 part = snGet32(r.parts + 4 * (size_t)k);
    if (part >= r.nblocks) return SN_CORRUPT;
    rc = rowDict(&r, part, &dict);
    if (!rc) snRowWriteTake(w, w->nblocks + part, dict);
    if (!rc) rc = w->rc;
  }
  for (u32 b = 0; !rc && b < r.nblocks; b++) {
    const u8 *p;
    u32 n, raw, docs = snRowFirst(&r, b + 1) - snRowFirst(&r, b);
    rc = docs > g->docs ? SN_CORRUPT : rowBlock(&r, b, &p, &n, &raw);
    if (!rc) snRowWriteCopy(w, p, n, docs, raw);
    if (!rc) rc = w->rc;
    if (!rc && stop && b % 64 == 0 && stop(arg)) rc = SEINE_INTERRUPT;
  }
  snRowWritePart(w);
  return rc;
}
#undef ROW_COPY_FROM
