/*
** seg_write: puts the sections of a segment one after the other.
**
** A small segment is built in memory and written at once; a large one goes
** to a stream as soon as SEG_BUFFER bytes have gathered, so that memory does
** not grow with the segment.
*/
#include "index/indexInt.h"

#define SEG_BUFFER (256u * 1024u)

void snSegWriteInit(SegWriter *w, Store *s, u64 seed) {
  memset(w, 0, sizeof *w);
  w->store = s;
  w->seed = seed;
  snBufInit(&w->buf, snStoreBudget(s));
  snBufInit(&w->table, snStoreBudget(s));
}

void snSegWriteBegin(SegWriter *w) {
  size_t pad = (8 - (w->at + w->buf.n) % 8) % 8;
  snBufZero(&w->buf, pad);
  w->sec_start = w->at + w->buf.n;
}

u64 snSegWriteAt(const SegWriter *w) {
  return w->at + w->buf.n - w->sec_start;
}

void snSegWriteSpill(SegWriter *w) {
  if (w->rc || w->buf.rc || w->buf.n < SEG_BUFFER) return;
  if (!w->stream) {
    w->rc = snStreamBegin(w->store, w->seed, w->estimate, &w->stream);
    if (w->rc) return;
  }
  w->rc = snStreamAdd(w->stream, w->buf.data, w->buf.n);
  w->at += w->buf.n;
  w->buf.n = 0;
}

void snSegWriteEnd(SegWriter *w, SecKind k, u32 column) {
  u64 len = snSegWriteAt(w);
  snBufByte(&w->table, (u8)k);
  snBufVarint(&w->table, column);
  snBufVarint(&w->table, len);
  w->nsec++;
  snSegWriteSpill(w);
}

void snSegWriteBuf(SegWriter *w, SecKind k, u32 column, Buf *b) {
  if (b->rc && !w->rc) w->rc = b->rc;
  snSegWriteBegin(w);
  for (size_t at = 0; at < b->n;) {
    size_t n = SN_MIN(b->n - at, (size_t)SEG_BUFFER);
    snBufAdd(&w->buf, b->data + at, n);
    at += n;
    snSegWriteSpill(w);
  }
  snSegWriteEnd(w, k, column);
}

int snSegWriteFinish(SegWriter *w, u32 docs, ExtentRef *out) {
  snBufAdd(&w->buf, w->table.data, w->table.n);
  snBufU32(&w->buf, (u32)w->table.n);
  snBufU32(&w->buf, w->nsec);
  snBufU32(&w->buf, docs);
  snBufU32(&w->buf, SEG_MAGIC);
  if (!w->rc) w->rc = w->table.rc ? w->table.rc : w->buf.rc;
  if (!w->rc && w->stream) {
    w->rc = snStreamAdd(w->stream, w->buf.data, w->buf.n);
    if (!w->rc) {
      Stream *t = w->stream;
      w->stream = NULL;
      w->rc = snStreamEnd(t, out);
    }
  } else if (!w->rc) {
    w->rc = snWriterPut(w->store, w->buf.data, w->buf.n, w->seed, out);
  }
  int rc = w->rc;
  snSegWriteAbort(w);
  return rc;
}

void snSegWriteAbort(SegWriter *w) {
  snStreamAbort(w->stream);
  w->stream = NULL;
  snBufClear(&w->buf);
  snBufClear(&w->table);
}
#undef SEG_BUFFER
