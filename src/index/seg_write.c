/*
** seg_write: puts the sections of a segment one after the other.
**
** A small segment is built in memory and written at once; a large one goes
** to a stream as soon as SEG_BUFFER bytes have gathered, so that memory does
** not grow with the segment.  Without a store nothing is written: buffers
** that are full are put aside, and snSegWriteStore() writes them later, so
** that any thread may build a segment.
*/
#include "index/indexInt.h"

#define SEG_BUFFER (256u * 1024u)

struct SegPiece {
  SegPiece *next;
  Buf bytes;
};

void snSegWriteInit(SegWriter *w, Store *s, Budget *b, u64 seed) {
  memset(w, 0, sizeof *w);
  w->store = s;
  w->seed = seed;
  snBufInit(&w->buf, b);
  snBufInit(&w->table, b);
}

void snSegWriteBegin(SegWriter *w) {
  size_t pad = (8 - (w->at + w->buf.n) % 8) % 8;
  snBufZero(&w->buf, pad);
  w->sec_start = w->at + w->buf.n;
}

u64 snSegWriteAt(const SegWriter *w) {
  return w->at + w->buf.n - w->sec_start;
}

/* The buffer as a piece of its own, behind the others. */
static void segWriteAside(SegWriter *w) {
  Budget *b = w->buf.budget;
  SegPiece *p = snMemZero(b, sizeof *p);
  if (!p) {
    w->rc = SN_NOMEM;
    return;
  }
  p->bytes = w->buf;
  snBufInit(&w->buf, b);
  if (w->last) w->last->next = p;
  else w->pieces = p;
  w->last = p;
  w->at += p->bytes.n;
}

static void segWriteStream(SegWriter *w, const Buf *b) {
  if (!w->stream)
    w->rc = snStreamBegin(w->store, w->seed, w->estimate, &w->stream);
  if (!w->rc) w->rc = snStreamAdd(w->stream, b->data, b->n);
}

void snSegWriteSpill(SegWriter *w) {
  if (w->rc || w->buf.rc || w->buf.n < SEG_BUFFER) return;
  if (!w->store) {
    segWriteAside(w);
    return;
  }
  segWriteStream(w, &w->buf);
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

void snSegWriteTail(SegWriter *w, u32 docs) {
  snBufAdd(&w->buf, w->table.data, w->table.n);
  snBufU32(&w->buf, (u32)w->table.n);
  snBufU32(&w->buf, w->nsec);
  snBufU32(&w->buf, docs);
  snBufU32(&w->buf, SEG_MAGIC);
  if (!w->rc) w->rc = w->table.rc ? w->table.rc : w->buf.rc;
}

static void segWriteLast(SegWriter *w, ExtentRef *out) {
  if (w->stream) {
    segWriteStream(w, &w->buf);
    if (w->rc) return;
    Stream *t = w->stream;
    w->stream = NULL;
    w->rc = snStreamEnd(t, out);
  } else {
    w->rc = snWriterPut(w->store, w->buf.data, w->buf.n, w->seed, out);
  }
}

int snSegWriteFinish(SegWriter *w, u32 docs, ExtentRef *out) {
  snSegWriteTail(w, docs);
  if (!w->rc) segWriteLast(w, out);
  int rc = w->rc;
  snSegWriteAbort(w);
  return rc;
}

static void segWriteFreeFirst(SegWriter *w) {
  SegPiece *p = w->pieces;
  w->pieces = p->next;
  snBufClear(&p->bytes);
  snMemFree(p);
}

void snSegWriteJoin(SegWriter *w, SegWriter *from) {
  int rc = from->rc ? from->rc : from->buf.rc ? from->buf.rc : from->table.rc;
  if (!w->rc) w->rc = rc;
  if (from->nsec) snSegWriteBegin(w);
  while (from->pieces && !w->rc) {
    snBufAdd(&w->buf, from->pieces->bytes.data, from->pieces->bytes.n);
    segWriteFreeFirst(from);
    snSegWriteSpill(w);
  }
  snBufAdd(&w->buf, from->buf.data, from->buf.n);
  snSegWriteSpill(w);
  snBufAdd(&w->table, from->table.data, from->table.n);
  w->nsec += from->nsec;
  snSegWriteAbort(from);
}

int snSegWriteStore(SegWriter *w, Store *s, u64 seed, ExtentRef *out) {
  w->store = s;
  w->seed = seed;
  while (w->pieces && !w->rc) {
    segWriteStream(w, &w->pieces->bytes);
    segWriteFreeFirst(w);
  }
  if (!w->rc) segWriteLast(w, out);
  int rc = w->rc;
  snSegWriteAbort(w);
  return rc;
}

void snSegWriteBytes(const SegWriter *w, Buf *out) {
  for (const SegPiece *p = w->pieces; p; p = p->next)
    snBufAdd(out, p->bytes.data, p->bytes.n);
  snBufAdd(out, w->buf.data, w->buf.n);
}

void snSegWriteAbort(SegWriter *w) {
  while (w->pieces) segWriteFreeFirst(w);
  snStreamAbort(w->stream);
  w->stream = NULL;
  snBufClear(&w->buf);
  snBufClear(&w->table);
}
#undef SEG_BUFFER
