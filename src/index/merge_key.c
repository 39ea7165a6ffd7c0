/*
** merge_key: the sections of keys.
*/
#include "index/merge.h"

/* Entries of documents that stay. */
static int mergeKeyCount(Merge *g, const TableKey *k, u32 *n) {
  *n = 0;
  for (u32 i = 0; i < g->n; i++) {
    KeyWalk w;
    int rc = snKeyWalkOpen(g->in[i].seg, k, &w);
    if (!rc && !w.r.sec) rc = SN_CORRUPT;
    if (rc) return rc;
    if (!g->in[i].map) *n += w.r.n;
    else
      while (snKeyWalkNext(&w)) *n += mergeDoc(g->in + i, w.doc) != DOC_END;
    if (w.rc) return w.rc;
    rc = snMergeCancelled(g);
    if (rc) return rc;
  }
  return SEINE_OK;
}

/* The input with the least hash; the first of equals, whose documents come
** first. */
static u32 mergeKeyLeast(const KeyWalk *w, const bool *open, u32 n) {
  u32 best = n;
  for (u32 i = 0; i < n; i++)
    if (open[i] && (best == n || w[i].hash < w[best].hash)) best = i;
  return best;
}

static int mergeKeyAll(Merge *g, const TableKey *k, KeyWalk *w, bool *open) {
  KeyWriter out;
  u32 n, at, steps = 0;
  int rc = mergeKeyCount(g, k, &n);
  if (rc) return rc;
  snKeyWriteBegin(&out, &g->w, k->id, n, g->docs, g->e->budget);
  for (u32 i = 0; !rc && i < g->n; i++) {
    rc = snKeyWalkOpen(g->in[i].seg, k, w + i);
    if (!rc) open[i] = snKeyWalkNext(w + i);
    if (!rc) rc = w[i].rc;
  }
  while (!rc && (at = mergeKeyLeast(w, open, g->n)) < g->n) {
    u32 doc = mergeDoc(g->in + at, w[at].doc);
    if (doc != DOC_END) snKeyWriteAdd(&out, w[at].hash, doc);
    open[at] = snKeyWalkNext(w + at);
    rc = w[at].rc;
    if (!rc && ++steps % 65536 == 0) rc = snMergeCancelled(g);
  }
  int end = snKeyWriteEnd(&out);
  return rc ? rc : end;
}

/* The same of documents in another order: the entries are sorted anew. */
static int mergeKeyOrder(Merge *g, const TableKey *k) {
  u32 n = 0;
  int rc = SEINE_OK;
  KeyIdx *v = snMemAlloc(g->e->budget, (g->docs + 1ull) * sizeof *v);
  if (!v) return SN_NOMEM;
  for (u32 i = 0; i < g->docs; i++) v[i].idx = DOC_END;
  for (u32 i = 0; !rc && i < g->n; i++) {
    KeyWalk w;
    rc = snKeyWalkOpen(g->in[i].seg, k, &w);
    if (!rc && !w.r.sec) rc = SN_CORRUPT;
    while (!rc && snKeyWalkNext(&w)) {
      u32 doc = mergeDoc(g->in + i, w.doc);
      if (doc != DOC_END) v[doc] = (KeyIdx){w.hash, doc};
    }
    if (!rc) rc = w.rc ? w.rc : snMergeCancelled(g);
  }
  for (u32 i = 0; i < g->docs; i++)
    if (v[i].idx != DOC_END) v[n++] = v[i];
  if (!rc) rc = snKeyWriteAll(&g->w, k->id, v, n, g->docs, g->e->budget);
  snMemFree(v);
  return rc;
}

static int mergeKeyStored(Merge *g, const TableKey *k) {
  if (g->order) return mergeKeyOrder(g, k);
  KeyWalk *w = snMemZero(g->e->budget, (g->n + 1ull) * sizeof *w);
  bool *open = snMemZero(g->e->budget, g->n + 1ull);
  int rc = w && open ? mergeKeyAll(g, k, w, open) : SN_NOMEM;
  snMemFree(w);
  snMemFree(open);
  return rc;
}

/* Do the rowids of all that stays ascend?  They do in an input that has no
** section for them. */
static int mergeAscends(Merge *g, const TableKey *k, bool *out) {
  i64 last = INT64_MIN;
  *out = true;
  for (u32 i = 0; *out && i < g->n; i++) {
    u32 n = snSegmentDocs(g->in[i].seg), nwin = (n + SN_WINDOW - 1) / SN_WINDOW;
    ColReader *c;
    Zone a, z;
    int rc = snColOpen(g->in[i].seg, 0, TYPE_INTEGER, &c);
    if (rc) return rc;
    if (!snColZone(c, 0, &a) || !snColZone(c, nwin - 1, &z))
      return SN_CORRUPT;
    *out = !snSegmentFind(g->in[i].seg, SEC_KEYS, k->id) &&
        (!i || a.min > last);
    last = z.max;
  }
  return SEINE_OK;
}

/* The same of documents in another order. */
static int mergeOrderAscends(Merge *g, bool *out) {
  i64 last = INT64_MIN, v;
  int rc = SEINE_OK;
  *out = true;
  for (u32 k = 0; !rc && *out && k < g->docs; k++) {
    const MergeIn *in = g->in + snMergeInput(g, g->order[k]);
    bool null;
    ColReader *c;
    rc = snColOpen(in->seg, 0, TYPE_INTEGER, &c);
    if (!rc) rc = snColItem(c, g->order[k] - in->from, &v, &null);
    if (!rc) *out = !k || v > last;
    last = v;
  }
  return rc;
}

/* From the values: inputs may have no sections. */
static int mergeKeyRowid(Merge *g, const TableKey *k) {
  const Table *t = g->e->view->table;
  bool ascends = false;
  u64 hash[SN_WINDOW], has[SN_WORDS];
  int rc = g->order ? mergeOrderAscends(g, &ascends)
                    : mergeAscends(g, k, &ascends);
  if (rc || ascends) return rc;
  KeyIdx *v = snMemAlloc(g->e->budget, (g->docs + 1ull) * sizeof *v);
  if (!v) return SN_NOMEM;
  for (u32 i = 0; !rc && i < g->n; i++) {
    u32 docs = snSegmentDocs(g->in[i].seg);
    for (u32 d = 0; !rc && d < docs; d++) {
      if (d % SN_WINDOW == 0)
        rc = snKeyWindow(g->in[i].seg, t, k, d / SN_WINDOW, &g->arena, hash,
            has);
      if (!rc && mergeDoc(g->in + i, d) != DOC_END)
        v[mergeDoc(g->in + i, d)] =
            (KeyIdx){hash[d % SN_WINDOW], mergeDoc(g->in + i, d)};
    }
    if (!rc) rc = snMergeCancelled(g);
  }
  if (!rc) rc = snKeyWriteAll(&g->w, k->id, v, g->docs, g->docs, g->e->budget);
  snMemFree(v);
  return rc;
}

int snMergeKey(Merge *g, const TableKey *k) {
  if (snConstraintIsStored(k)) return mergeKeyStored(g, k);
  return snConstraintIsChecked(k) ? mergeKeyRowid(g, k) : SEINE_OK;
}
