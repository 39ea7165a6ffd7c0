/*
** merge_row: the row store.  Blocks of rows are copied where that is possible,
** else the rows of a few of them at a time are packed anew.
*/
#include "index/merge.h"

#define MERGE_ROWS (4u << 20) /* bytes of packed rows in memory, or so */

/* The texts of a string column for n documents of an input, from rows or from
** codes. */
static int mergeTexts(Merge *g, MergeIn *in, const Column *col,
    const u32 *docs, u32 n, DictText *out, u64 *nulls) {
  ColReader *c;
  u32 codes[SN_WINDOW];
  int rc = snColOpen(in->seg, col->id, col->type, &c);
  if (rc) return rc;
  memset(nulls, 0, SN_WORDS * sizeof(u64));
  switch (snColKind(c)) {
  case COL_ROW:
    return snRowGather(in->seg, col->id, docs, n, &g->arena, out, nulls);
  case COL_CODE:
    rc = snColGather(c, docs, n, codes, nulls);
    for (u32 i = 0; i < n && !rc; i++)
      if (snBit(nulls, i)) codes[i] = 0;
    if (!rc && snDictCount(snColDict(c)))
      rc = snDictTexts(snColDict(c), codes, n, &g->arena, out);
    return rc;
  default:
    snBitsFirst(nulls, SN_WORDS, n);
    return SEINE_OK;
  }
}

/* Documents to take at once: fewer when their rows are long, since all that
** is taken lies in memory. */
static u32 mergeRowStep(MergeIn *in) {
  const Section *s = snSegmentFind(in->seg, SEC_ROWS, 0);
  u64 each = s ? s->len / snSegmentDocs(in->seg) : 0;
  u32 step = SN_WINDOW;
  while (step > 16 && step * each > MERGE_ROWS) step /= 2;
  return step;
}

static void mergeRowAdd(RowWriter *r, u32 i, const DictText *texts,
    const u64 *nulls) {
  for (u32 k = 0; k < r->nids; k++) {
    const DictText *t = texts + k * SN_WINDOW + i;
    bool null = snBit(nulls + k * SN_WORDS, i);
    snRowWriteAdd(r, null ? NULL : t->p, null ? 0 : t->n, null);
  }
  snRowWriteNext(r);
}

static int mergeRowPiece(Merge *g, MergeIn *in, RowWriter *r, u32 from,
    DictText *texts, u64 *nulls) {
  u32 n = SN_MIN(mergeRowStep(in), snSegmentDocs(in->seg) - from);
  u32 docs[SN_WINDOW];
  for (u32 i = 0; i < n; i++) docs[i] = from + i;
  for (u32 k = 0; k < r->nids; k++) {
    int rc = mergeTexts(g, in, g->row[k], docs, n, texts + k * SN_WINDOW,
        nulls + k * SN_WORDS);
    if (rc) return rc;
  }
  for (u32 i = 0; i < n; i++) {
    if (mergeDoc(in, from + i) != DOC_END) mergeRowAdd(r, i, texts, nulls);
  }
  snArenaClear(&g->arena);
  return r->rc ? r->rc : snMergeCancelled(g);
}

/* The texts of n documents that follow each other in the other order; v: their
** numbers in the old one, ascending, and their places among the n.  Each input
** tells its own, so that a block of rows is unpacked once. */
static int mergeRowScatter(Merge *g, const Column *col, KeyIdx *v, u32 n,
    DictText *texts, u64 *nulls) {
  u32 docs[SN_WINDOW];
  u64 null[SN_WORDS];
  DictText *t = snArenaAlloc(&g->arena, (n + 1ull) * sizeof *t);
  if (!t) return SN_NOMEM;
  memset(nulls, 0, sizeof null);
  for (u32 at = 0, end; at < n; at = end) {
    MergeIn *in = g->in + snMergeInput(g, (u32)v[at].key);
    u64 last = in->from + (u64)snSegmentDocs(in->seg);
    for (end = at; end < n && v[end].key < last; end++)
      docs[end - at] = (u32)v[end].key - in->from;
    int rc = mergeTexts(g, in, col, docs, end - at, t, null);
    if (rc) return rc;
    for (u32 i = at; i < end; i++) {
      if (snBit(null, i - at)) snBitSet(nulls, v[i].idx);
      else texts[v[i].idx] = t[i - at];
    }
  }
  return SEINE_OK;
}

static int mergeRowOrder(Merge *g, RowWriter *r, u32 step, DictText *texts,
    u64 *nulls) {
  KeyIdx v[SN_WINDOW], tmp[SN_WINDOW];
  int rc = SEINE_OK;
  for (u32 from = 0, n; !rc && from < g->docs; from += n) {
    n = SN_MIN(step, g->docs - from);
    for (u32 i = 0; i < n; i++) v[i] = (KeyIdx){g->order[from + i], i};
    snSortKeys(v, n, tmp);
    for (u32 k = 0; !rc && k < r->nids; k++)
      rc = mergeRowScatter(g, g->row[k], v, n, texts + k * SN_WINDOW,
          nulls + k * SN_WORDS);
    if (rc) return rc;
    for (u32 i = 0; i < n; i++) mergeRowAdd(r, i, texts, nulls);
    snArenaClear(&g->arena);
    rc = r->rc ? r->rc : snMergeCancelled(g);
  }
  return rc;
}

/* The rows of an input. */
static int mergeRowInput(Merge *g, MergeIn *in, RowWriter *r,
    DictText *texts, u64 *nulls) {
  const Section *s = snSegmentFind(in->seg, SEC_ROWS, 0);
  u32 n = snSegmentDocs(in->seg), step = mergeRowStep(in);
  int rc = SEINE_OK;
  if (s && !in->map && !g->e->tight && snRowCopies(in->seg, s, r->ids, r->nids))
    return snRowCopy(in->seg, s, r, snMergeCancelled, g);
  for (u32 at = 0; !rc && at < n; at += step)
    rc = mergeRowPiece(g, in, r, at, texts, nulls);
  return rc;
}

int snMergeRows(Merge *g) {
  RowWriter r;
  u64 n = (u64)g->nrow * SN_WINDOW;
  if (!n) return SEINE_OK;
  snRowWriteBegin(&r, &g->w, g->e->budget, g->row_id, g->nrow, g->e->tight);
  DictText *texts = snMemAlloc(g->e->budget, n * sizeof *texts);
  u64 *nulls = snMemAlloc(g->e->budget, n / 64 * sizeof *nulls);
  int rc = texts && nulls ? SEINE_OK : SN_NOMEM;
  if (!rc && g->order) {
    u32 step = SN_WINDOW;
    for (u32 i = 0; i < g->n; i++)
      step = SN_MIN(step, mergeRowStep(g->in + i));
    rc = mergeRowOrder(g, &r, step, texts, nulls);
  }
  for (u32 i = 0; !rc && !g->order && i < g->n; i++)
    rc = mergeRowInput(g, g->in + i, &r, texts, nulls);
  if (rc) snRowWriteFree(&r);
  else rc = snRowWriteEnd(&r);
  snMemFree(texts);
  snMemFree(nulls);
  return rc;
}
#undef MERGE_ROWS
