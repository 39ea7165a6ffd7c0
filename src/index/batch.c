/*
** batch: rows as bytes, on their way into a memtable: between threads, and in
** the claims of small commits.
**
** A batch is a row after the other: rowid (8 bytes), then by ascending columns
** of the table what is not NULL: a tag (4 bytes: place of the column << 2 |
** kind), and 8 bytes, or 4 bytes of length and the string; then the tag
** BATCH_END.  All numbers are little-endian.
**
** Invariant: what is read was forged, until each row is seen to be one of the
** table.
*/
#include "index/memtable.h"

enum { BATCH_INT, BATCH_REAL, BATCH_STR };
#define BATCH_END UINT32_MAX

/* ---- writing ------------------------------------------------------------ */

static int batchEight(Buf *rows, u32 tag, u64 v) {
  u8 *p = snBufSpace(rows, 12);
  if (!p) return SN_NOMEM;
  snPut32(p, tag);
  snPut64(p + 4, v);
  return SEINE_OK;
}

int snBatchBegin(Buf *rows, i64 rowid) {
  snBufU64(rows, (u64)rowid);
  return rows->rc;
}

int snBatchInt(Buf *rows, u32 col, i64 v) {
  return batchEight(rows, col << 2 | BATCH_INT, (u64)v);
}

int snBatchReal(Buf *rows, u32 col, double v) {
  u64 bits;
  memcpy(&bits, &v, 8);
  return batchEight(rows, col << 2 | BATCH_REAL, bits);
}

int snBatchStr(Buf *rows, u32 col, const void *s, u32 n) {
  u8 *p = snBufSpace(rows, 8 + (size_t)n);
  if (!p) return SN_NOMEM;
  snPut32(p, col << 2 | BATCH_STR);
  snPut32(p + 4, n);
  if (n) memcpy(p + 8, s, n);
  return SEINE_OK;
}

int snBatchEnd(Buf *rows) {
  snBufU32(rows, BATCH_END);
  return rows->rc;
}

/* ---- reading ------------------------------------------------------------ */

/* The kind of a column's values: BATCH_INT, ... */
static u32 batchKind(u8 type) {
  if (type & TYPE_ARRAY) return BATCH_STR;
  switch (snTypeForm(type)) {
  case FORM_STR: return BATCH_STR;
  case FORM_REAL: return BATCH_REAL;
  default: return BATCH_INT;
  }
}

/* The next value of a row, behind column *col (-1 at first): false at its end,
** or at what no row of the table has (r->bad). */
static bool batchNext(const Table *t, Rd *r, i64 *col, ArrayItem *out) {
  u32 tag = snRd32(r), n;
  u64 v;
  if (r->bad || tag == BATCH_END) return false;
  r->bad = tag >> 2 >= t->ncol || (i64)(tag >> 2) <= *col ||
      (tag & 3) != batchKind(t->col[tag >> 2].type);
  if (r->bad) return false;
  *col = tag >> 2;
  memset(out, 0, sizeof *out);
  switch (tag & 3) {
  case BATCH_INT: out->i = (i64)snRd64(r); break;
  case BATCH_REAL:
    v = snRd64(r);
    memcpy(&out->d, &v, 8);
    break;
  default:
    n = snRd32(r);
    out->p = snRdBytes(r, n);
    out->n = n;
  }
  return !r->bad;
}

static int batchPut(Memtable *m, u32 col, const ArrayItem *v) {
  switch (batchKind(m->table->col[col].type)) {
  case BATCH_INT: return snMemtableInt(m, col, v->i);
  case BATCH_REAL: return snMemtableReal(m, col, v->d);
  default: return snMemtableStr(m, col, v->p, v->n);
  }
}

int snBatchRow(Memtable *m, i64 rowid, Rd *r) {
  i64 col = -1;
  ArrayItem v;
  int rc = snMemtableBegin(m, rowid);
  while (!rc && batchNext(m->table, r, &col, &v))
    rc = batchPut(m, (u32)col, &v);
  if (!rc && r->bad) rc = SN_CORRUPT;
  if (rc) snMemtableUndo(m);
  return rc ? rc : snMemtableEnd(m);
}

int snBatchRows(Memtable *m, const u8 *p, size_t n, const bool *stop) {
  Rd r = {p, p + n, false};
  int rc = SEINE_OK;
  while (!rc && r.p < r.end) {
    if (stop && __atomic_load_n(stop, __ATOMIC_RELAXED))
      return SEINE_INTERRUPT;
    i64 rowid = (i64)snRd64(&r);
    rc = r.bad ? SN_CORRUPT : snBatchRow(m, rowid, &r);
  }
  return rc;
}

bool snBatchItems(const Table *t, Rd *r, i64 *rowid, ArrayItem *row) {
  i64 col = -1;
  ArrayItem v;
  if (r->bad || r->p == r->end) return false;
  *rowid = (i64)snRd64(r);
  for (u32 i = 0; i < t->ncol; i++) row[i] = (ArrayItem){.null = true};
  while (batchNext(t, r, &col, &v)) row[col] = v;
  return !r->bad;
}

#undef BATCH_END
