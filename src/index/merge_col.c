/*
** merge_col: columns of numbers, of codes, and of arrays of them.
*/
#include "index/merge.h"

/* Where the values of a column go: to the feed, or first to their places. */
typedef struct MergeCol {
  ColFeed f;
  i64 *v;            /* by document; NULL: they come in order */
  u64 *nulls;
} MergeCol;

static int mergeCode(ColFeed *f, const u32 *remap, u32 code) {
  if (remap[code] == DICT_NONE) return SN_CORRUPT; /* not in its list */
  snColFeedInt(f, remap[code]);
  return SEINE_OK;
}

static int mergePlace(MergeCol *m, u32 doc, i64 v, bool null,
    const u32 *remap) {
  if (!null && remap && remap[v] == DICT_NONE) return SN_CORRUPT;
  if (null) snBitSet(m->nulls, doc);
  else m->v[doc] = remap ? remap[v] : v;
  return SEINE_OK;
}

static void mergePlaced(Merge *g, MergeCol *m) {
  for (u32 i = 0; i < g->docs; i++)
    if (snBit(m->nulls, i)) snColFeedNull(&m->f);
    else snColFeedInt(&m->f, m->v[i]);
}

/* Feeds the values of a column, from all inputs, window by window.  remap:
** new codes by old. */
static int mergeFeedSegment(Merge *g, MergeIn *in, ColReader *c, MergeCol *m,
    const u32 *remap) {
  ColFeed *f = &m->f;
  u32 n = snSegmentDocs(in->seg);
  u64 nulls[SN_WORDS];
  void *v = snMemAlloc(g->e->budget, SN_WINDOW * sizeof(i64));
  int rc = v ? SEINE_OK : SN_NOMEM;
  for (u32 w = 0; !rc && w * SN_WINDOW < n; w++) {
    bool any = true;
    u32 k = SN_MIN(SN_WINDOW, n - w * SN_WINDOW);
    if (c) rc = snColWindow(c, w, v, nulls, &any);
    else snBitsFirst(nulls, SN_WORDS, k);
    for (u32 i = 0; !rc && i < k; i++) {
      u32 doc = mergeDoc(in, w * SN_WINDOW + i);
      bool null = any && snBit(nulls, i);
      if (doc == DOC_END) continue;
      if (m->v)
        rc = mergePlace(m, doc, null ? 0 : remap ? ((u32 *)v)[i]
                                                 : ((i64 *)v)[i], null, remap);
      else if (null) snColFeedNull(f);
      else if (remap) rc = mergeCode(f, remap, ((u32 *)v)[i]);
      else snColFeedInt(f, ((i64 *)v)[i]);
    }
    if (!rc) rc = snMergeCancelled(g);
  }
  snMemFree(v);
  return rc;
}

int snMergeColumn(Merge *g, u32 column, u8 type, SecKind kind,
    ColReader **cols, u32 **remap) {
  MergeCol m = {.v = NULL};
  int rc = SEINE_OK;
  if (g->order) {
    m.v = snMemZero(g->e->budget, (g->docs + 1ull) * sizeof *m.v);
    m.nulls = snMemZero(g->e->budget, (g->docs / 64 + 1) * sizeof *m.nulls);
    if (!m.v || !m.nulls) rc = SN_NOMEM;
  }
  snColFeedInit(&m.f, g->e->budget, kind, column, type);
  for (u32 i = 0; !rc && i < g->n; i++) {
    ColReader *c = cols[i];
    if (c && snColKind(c) == COL_NONE) c = NULL;
    rc = mergeFeedSegment(g, g->in + i, c, &m, remap ? remap[i] : NULL);
  }
  if (!rc && g->order) mergePlaced(g, &m);
  if (rc) snColFeedFree(&m.f);
  else snColFeedEnd(&m.f, &g->w);
  snMemFree(m.v);
  snMemFree(m.nulls);
  return rc;
}

/* ---- arrays ------------------------------------------------------------- */

/* The array of one document. */
static int mergeArray(ColReader *c, u32 doc, ColFeed *f, ColFeed *counts,
    const u32 *remap) {
  u64 from = 0;
  u32 count = 0;
  bool null = true;
  int rc = SEINE_OK;
  if (c && snColKind(c) != COL_NONE)
    rc = snColSpan(c, doc, &from, &count, &null);
  if (null) snColFeedNull(counts);
  else snColFeedInt(counts, count);
  for (u32 k = 0; !rc && k < count; k++) {
    i64 v;
    rc = snColItem(c, from + k, &v, &null);
    if (rc) break;
    if (null) snColFeedNull(f);
    else if (remap) rc = mergeCode(f, remap, (u32)v);
    else snColFeedInt(f, v);
  }
  return rc;
}

static int mergeArraySegment(Merge *g, u32 i, ColReader *c, ColFeed *f,
    ColFeed *counts, const u32 *remap) {
  MergeIn *in = g->in + i;
  u32 n = snSegmentDocs(in->seg);
  int rc = SEINE_OK;
  for (u32 doc = 0; !rc && doc < n; doc++) {
    if (doc % SN_WINDOW == 0) rc = snMergeCancelled(g);
    if (!rc && mergeDoc(in, doc) != DOC_END)
      rc = mergeArray(c, doc, f, counts, remap);
  }
  return rc;
}

static int mergeArrayOrder(Merge *g, ColReader **cols, ColFeed *f,
    ColFeed *counts, u32 **remap) {
  int rc = SEINE_OK;
  for (u32 k = 0; !rc && k < g->docs; k++) {
    u32 i = snMergeInput(g, g->order[k]);
    if (k % SN_WINDOW == 0) rc = snMergeCancelled(g);
    if (!rc)
      rc = mergeArray(cols[i], g->order[k] - g->in[i].from, f, counts,
          remap ? remap[i] : NULL);
  }
  return rc;
}

int snMergeArrays(Merge *g, u32 column, u8 type, SecKind kind,
    ColReader **cols, u32 **remap) {
  ColFeed f, counts;
  int rc = SEINE_OK;
  snColFeedInit(&f, g->e->budget, kind, column, type);
  snColFeedInit(&counts, g->e->budget, SEC_COUNTS, column, type);
  if (g->order) rc = mergeArrayOrder(g, cols, &f, &counts, remap);
  for (u32 i = 0; !rc && !g->order && i < g->n; i++)
    rc = mergeArraySegment(g, i, cols[i], &f, &counts,
        remap ? remap[i] : NULL);
  if (rc) {
    snColFeedFree(&f);
    snColFeedFree(&counts);
    return rc;
  }
  snColFeedEnd(&f, &g->w);
  snColFeedEnd(&counts, &g->w);
  return rc;
}
