/*
** col_feed: collects the values of a column to windows and hands them to
** col_write.c.
*/
#include "index/indexInt.h"

void snColFeedInit(ColFeed *f, Budget *b, SecKind kind, u32 column,
    u8 type) {
  memset(f, 0, sizeof *f);
  f->kind = kind;
  f->column = column;
  snColWriteInit(&f->w, b, type, kind == SEC_REALS);
  f->v = snMemAlloc(b, SN_WINDOW * sizeof(i64));
  if (!f->v) f->w.rc = SN_NOMEM;
}

void snColFeedWindow(ColFeed *f) {
  const u64 *nulls = f->any_null ? f->nulls : NULL;
  if (!f->n) return;
  if (f->kind == SEC_REALS)
    snColWriteReals(&f->w, (const double *)(const void *)f->v, nulls, f->n);
  else
    snColWriteInts(&f->w, f->v, nulls, f->n);
  f->n = 0;
  if (f->any_null) memset(f->nulls, 0, sizeof f->nulls);
  f->any_null = false;
}

void snColFeedEnd(ColFeed *f, SegWriter *seg) {
  Buf b;
  snBufInit(&b, f->w.data.budget);
  if (f->v) snColFeedWindow(f);
  snColWriteEnd(&f->w, &b);
  snSegWriteBuf(seg, f->kind, f->column, &b);
  snBufClear(&b);
  snColFeedFree(f);
}

void snColFeedFree(ColFeed *f) {
  snColWriteFree(&f->w);
  snMemFree(f->v);
  f->v = NULL;
}
