/*
** field_write: the terms of a column with their postings: what flush and
** merge have in common.
*/
#include "index/indexInt.h"

void snFieldWriteBegin(FieldWriter *w, SegWriter *seg, u32 column,
    bool freqs, const u8 *norms, double average, Budget *b) {
  w->seg = seg;
  w->column = column;
  w->pairs = false;
  snPostWriteInit(&w->post, b, freqs, freqs, norms, average);
  snDictWriteInit(&w->dict, b, true, freqs);
  snBufInit(&w->list, b);
  snSegWriteBegin(seg);
  if (!w->post.rc) snPostWriteBegin(&w->post);
}

void snFieldWritePairs(FieldWriter *w) {
  w->pairs = w->dict.no_pos = true;
  w->post.has_pos = false;
}

bool snFieldWriteTerm(FieldWriter *w, const void *p, u32 n) {
  PostWriter *k = &w->post;
  if (k->rc || !k->df) return false;
  w->list.n = 0;
  snPostWriteEnd(k, &w->list);
  if (w->list.rc) k->rc = w->list.rc;
  if (w->list.n > UINT32_MAX) k->rc = SEINE_TOOBIG;
  if (k->rc) return false;
  snDictWriteAdd(&w->dict, p, n, k->df, k->ttf, w->list.data,
      (u32)w->list.n);
  if (k->df > POST_INLINE) {
    snBufAdd(&w->seg->buf, w->list.data, w->list.n);
    snSegWriteSpill(w->seg);
  }
  snPostWriteBegin(k);
  return true;
}

int snFieldWriteEnd(FieldWriter *w, u32 docs_with) {
  Buf b;
  snSegWriteEnd(w->seg, w->pairs ? SEC_PAIR_POST : SEC_POST, w->column);
  snBufInit(&b, w->list.budget);
  snDictWriteEnd(&w->dict, docs_with, &b);
  snSegWriteBuf(w->seg, w->pairs ? SEC_PAIRS : SEC_TERMS, w->column, &b);
  int rc = w->post.rc ? w->post.rc : b.rc ? b.rc : w->seg->rc;
  snBufClear(&b);
  snFieldWriteFree(w);
  return rc;
}

void snFieldWriteFree(FieldWriter *w) {
  snPostWriteFree(&w->post);
  snDictWriteFree(&w->dict);
  snBufClear(&w->list);
}
