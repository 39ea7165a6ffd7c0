/*
** merge: several neighbouring segments become one, without their deleted
** documents.  Order is kept: documents of the first segment come first.  Or all
** become one whose documents are in the order of some columns.
**
** Where order is kept everything streams: terms by a k-way walk of the
** dictionaries, postings list by list, columns window by window, rows block by
** block.  In memory stay: one number per document where documents were deleted
** (the map), the norms, one number per term of a dictionary column, the new
** dictionary.
*/
#include "index/merge.h"

static int mergeMap(Merge *g, MergeIn *in) {
  u32 n = snSegmentDocs(in->seg), at = in->base = g->docs;
  bool whole = !in->live || !snLiveDeleted(in->live);
  if (whole && !g->map) {
    in->docs = n;
    g->docs += n;
    return g->docs > DOC_MAX ? SEINE_TOOBIG : SEINE_OK;
  }
  in->map = g->map ? g->map + in->from
                   : snMemAlloc(g->e->budget, (n + 1ull) * sizeof(u32));
  if (!in->map) return SN_NOMEM;
  for (u32 d = 0; d < n; d++)
    in->map[d] = whole || snLiveHas(in->live, d) ? at++ : DOC_END;
  in->docs = at - in->base;
  g->docs = at;
  return g->docs > DOC_MAX ? SEINE_TOOBIG : SEINE_OK;
}

int snMergeCancelled(void *arg) {
  const Merge *g = arg;
  if (g->stop && __atomic_load_n(g->stop, __ATOMIC_RELAXED))
    return SEINE_INTERRUPT;
  return !g->helps && g->e->cancelled && g->e->cancelled(g->e->arg)
      ? SEINE_INTERRUPT : SEINE_OK;
}

/* ---- parts -------------------------------------------------------------- */

/* What the inputs have of a column. */
typedef enum MergeKind { MERGE_NOTHING, MERGE_ROWS, MERGE_COLUMN } MergeKind;

static int mergeOpen(Merge *g, const Column *col, ColReader **cols,
    MergeKind *kind) {
  *kind = MERGE_NOTHING;
  for (u32 i = 0; i < g->n; i++) {
    int rc = snColOpen(g->in[i].seg, col->id, col->type, &cols[i]);
    if (rc) return rc;
    ColKind k = snColKind(cols[i]);
    if (k == COL_ROW) *kind = MERGE_ROWS;
    else if (k != COL_NONE && !*kind) *kind = MERGE_COLUMN;
  }
  return SEINE_OK;
}

static int mergeColumnPart(Merge *g, const Column *col, ColReader **cols) {
  static const u8 secs[] = {[FORM_INT] = SEC_INTS, [FORM_REAL] = SEC_REALS};
  MergeKind kind;
  Form form = snTypeForm(col->type & 0x3f);
  int rc = mergeOpen(g, col, cols, &kind);
  if (rc || kind == MERGE_NOTHING) return rc;
  if (form == FORM_STR && kind == MERGE_COLUMN)
    rc = snMergeDict(g, col, cols);
  else if (form != FORM_STR && col->type & TYPE_ARRAY)
    rc = snMergeArrays(g, col->id, col->type, (SecKind)secs[form], cols, NULL);
  else if (form != FORM_STR)
    rc = snMergeColumn(g, col->id, col->type, (SecKind)secs[form], cols, NULL);
  if (!rc && (col->type & 0x3f) == TYPE_TEXT) rc = snMergeWords(g, col->id);
  return rc;
}

int snMergePart(Merge *g, const MergePart *p) {
  if (p->key) return snMergeKey(g, p->key);
  if (!p->col) return snMergeRows(g);
  ColReader **cols = snMemZero(g->e->budget, g->n * sizeof *cols);
  int rc = cols ? mergeColumnPart(g, p->col, cols) : SN_NOMEM;
  snMemFree(cols);
  return rc;
}

static u64 mergeBytes(const Merge *g, const MergePart *p) {
  u64 sum = 0;
  for (u32 i = 0; i < g->n; i++)
    for (u32 k = 0; k < g->in[i].seg->nsec; k++) {
      const Section *s = g->in[i].seg->sec + k;
      bool row = s->kind == SEC_ROWS, key = s->kind == SEC_KEYS;
      if (p->key ? key && s->column == p->key->id
          : p->col ? !row && !key && s->column == p->col->id : row)
        sum += s->len;
    }
  return sum;
}

static void mergeAdd(Merge *g, const Column *col, const TableKey *key) {
  MergePart *p = g->part + g->npart++;
  p->col = col;
  p->key = key;
  p->bytes = mergeBytes(g, p);
}

/* The rows first: they are the largest part, mostly. */
static int mergeListParts(Merge *g) {
  static const Column rowid = {.type = TYPE_INTEGER};
  const Table *t = g->e->view->table;
  Budget *b = g->e->budget;
  ColReader **cols = snMemZero(b, g->n * sizeof *cols);
  g->part = snMemZero(b, (t->ncol + t->nkey + 2ull) * sizeof *g->part);
  g->row = snMemZero(b, (t->ncol + 1ull) * sizeof *g->row);
  g->row_id = snMemZero(b, (t->ncol + 1ull) * sizeof *g->row_id);
  int rc = cols && g->part && g->row && g->row_id ? SEINE_OK : SN_NOMEM;
  if (!rc) mergeAdd(g, NULL, NULL);
  if (!rc) mergeAdd(g, &rowid, NULL);
  for (u32 k = 0; !rc && k < t->ncol; k++) {
    MergeKind kind;
    if (!t->col[k].id) continue; /* the rowid */
    rc = mergeOpen(g, t->col + k, cols, &kind);
    mergeAdd(g, t->col + k, NULL);
    if (rc || kind != MERGE_ROWS) continue;
    g->row[g->nrow] = t->col + k;
    g->row_id[g->nrow++] = t->col[k].id;
  }
  for (u32 k = 0; !rc && k < t->nkey; k++) mergeAdd(g, NULL, t->key + k);
  snMemFree(cols);
  return rc;
}

/* ---- the whole ---------------------------------------------------------- */

static int mergeAll(Merge *g, u64 id, SegmentRef *out) {
  const Reserve *room = g->e->room;
  snSegWriteInit(&g->w, g->e->store, g->e->budget, id);
  int rc = room ? snReserveStream(g->e->store, room, id, &g->w.stream)
                : SEINE_OK;
  if (!rc) rc = mergeListParts(g);
  if (!rc) rc = snMergeParts(g);
  if (!rc) rc = g->w.rc;
  if (rc) snSegWriteAbort(&g->w);
  else rc = snSegWriteFinish(&g->w, g->docs, &out->ref);
  snMemFree(g->part);
  snMemFree(g->row);
  snMemFree(g->row_id);
  return rc;
}

/* Bounds of the row ids, by the zones of the inputs. */
static int mergeRowids(Merge *g, SegmentRef *out) {
  out->rowid_min = INT64_MAX;
  out->rowid_max = INT64_MIN;
  for (u32 i = 0; i < g->n; i++) {
    ColReader *c;
    Zone z;
    int rc = snColOpen(g->in[i].seg, 0, TYPE_INTEGER, &c);
    if (rc) return rc;
    for (u32 w = 0; snColZone(c, w, &z); w++) {
      out->rowid_min = SN_MIN(out->rowid_min, z.min);
      out->rowid_max = SN_MAX(out->rowid_max, z.max);
    }
  }
  return SEINE_OK;
}

static int mergeRun(Merge *g, u64 id, SegmentRef *out) {
  const View *v = g->e->view;
  int rc = SEINE_OK;
  memset(out, 0, sizeof *out);
  snArenaInit(&g->arena, g->e->budget);
  g->in = snMemZero(g->e->budget, (g->n + 1) * sizeof *g->in);
  if (!g->in) return SN_NOMEM;
  for (u32 i = 0; i < g->n; i++) {
    g->in[i].seg = v->seg[g->from + i];
    g->in[i].live = v->live[g->from + i];
  }
  if (g->by) rc = snMergeOrderOpen(g);
  for (u32 i = 0; !rc && i < g->n; i++) rc = mergeMap(g, g->in + i);
  if (!rc && g->by) rc = snMergeOrder(g);
  out->id = id;
  out->docs = g->docs;
  if (!rc && g->docs) rc = mergeRowids(g, out);
  if (!rc && g->docs) rc = mergeAll(g, id, out);
  for (u32 i = 0; i < g->n && !g->by; i++) snMemFree(g->in[i].map);
  snMemFree(g->map);
  snMemFree(g->order);
  snMemFree(g->in);
  snArenaClear(&g->arena);
  return rc;
}

int snMergeRun(const MergeEnv *e, u32 from, u32 to, u64 id,
    SegmentRef *out) {
  Merge g = {.e = e, .from = from, .n = to - from};
  return mergeRun(&g, id, out);
}

int snMergeSort(const MergeEnv *e, const MergeBy *by, u32 n, u64 id,
    SegmentRef *out) {
  Merge g = {.e = e, .n = e->view->n, .by = by, .nby = n};
  return mergeRun(&g, id, out);
}

void snMergeLate(const MergeEnv *e, u32 from, u32 to, Live *const *now,
    u32 *out) {
  u32 at = 0;
  for (u32 i = from; i < to; i++) {
    const Live *then = e->view->live[i];
    u32 docs = snSegmentDocs(e->view->seg[i]);
    if (!now[i - from]) {
      at += docs - snLiveDeleted(then);
      continue;
    }
    for (u32 d = 0; d < docs; d++) {
      if (!snLiveHas(then, d)) continue;
      if (!snLiveHas(now[i - from], d)) *out++ = at;
      at++;
    }
  }
}
