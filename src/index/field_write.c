/*
** field_write: the terms of a column with their postings: what flush and
** merge have in common.
*/
#include "index/indexInt.h"

void snFieldWriteBegin(FieldWriter *w, SegWriter *seg, u32 column,
    bool freqs, const u8 *norms, double average, Budget *b) {
  w->seg = seg;
  w->column = column;
  w->pairs = w->scattered = false;
  w->wait = w->tmp = NULL;
  w->seen = NULL;
  w->nwait = w->nseen = w->wait_cap = w->tmp_cap = w->seen_cap = 0;
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

/* ---- documents in any order ---------------------------------------------- */

void snFieldWriteScattered(FieldWriter *w) {
  w->scattered = true;
}

void snFieldWriteWait(FieldWriter *w, u32 doc, u32 tf, const u32 *pos) {
  Budget *b = w->list.budget;
  u32 n = w->post.has_pos ? tf : 0;
  u64 end = (u64)w->nseen + n + 1;
  int rc = end > UINT32_MAX ? SEINE_TOOBIG : w->post.rc;
  if (!rc)
    rc = snMemGrow(b, &w->wait, &w->wait_cap, w->nwait + 1ull,
        sizeof *w->wait);
  if (!rc) rc = snMemGrow(b, &w->seen, &w->seen_cap, end, sizeof *w->seen);
  w->post.rc = rc;
  if (rc) return;
  w->wait[w->nwait++] = (KeyIdx){doc, w->nseen};
  w->seen[w->nseen++] = tf;
  if (n) memcpy(w->seen + w->nseen, pos, n * sizeof *pos);
  w->nseen += n;
}

static void fieldWriteSort(FieldWriter *w) {
  PostWriter *k = &w->post;
  if (!k->rc)
    k->rc = snMemGrow(w->list.budget, &w->tmp, &w->tmp_cap, w->nwait,
        sizeof *w->tmp);
  if (!k->rc) snSortKeys(w->wait, w->nwait, w->tmp);
  for (u32 i = 0; !k->rc && i < w->nwait; i++) {
    const u32 *seen = w->seen + w->wait[i].idx;
    snPostWriteDoc(k, (u32)w->wait[i].key, *seen,
        k->has_pos ? seen + 1 : NULL);
  }
  w->nwait = w->nseen = 0;
}

/* ---- terms --------------------------------------------------------------- */

bool snFieldWriteTerm(FieldWriter *w, const void *p, u32 n) {
  PostWriter *k = &w->post;
  if (w->nwait) fieldWriteSort(w);
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
  snMemFree(w->wait);
  snMemFree(w->tmp);
  snMemFree(w->seen);
}
