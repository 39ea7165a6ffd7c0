/*
** merge_order: all segments of a table become one whose documents are in the
** order of some columns.
**
** Documents have two numbers then, that of the map and, to find them by the
** new one, `order`.  What is stored by document is taken document by document
** or put in place in memory, a column at a time; the documents of a term wait
** until all inputs told theirs.
*/
#include "index/merge.h"

/* What documents are sorted by, by the number that they have while order is
** kept. */
typedef struct MergeRank { u64 *v, *nulls; } MergeRank;

bool snMergeOrders(u8 type) {
  switch (type) { /* no array */
  case TYPE_BOOLEAN: case TYPE_INTEGER: case TYPE_REAL: case TYPE_KEYWORD:
  case TYPE_TIMESTAMP: case TYPE_DATE: case TYPE_IP: return true;
  default: return false;
  }
}

/* A number that orders as the value does. */
static u64 mergeRankOf(u8 type, u64 bits) {
  if (type != TYPE_REAL) return bits ^ 1ull << 63;
  if (bits == 1ull << 63) bits = 0; /* -0 is 0 */
  if (bits << 1 > 0xffe0000000000000) return UINT64_MAX; /* NaN */
  return bits >> 63 ? ~bits : bits | 1ull << 63;
}

static int mergeRankNumbers(Merge *g, const MergeIn *in, const MergeBy *by,
    MergeRank *r) {
  ColReader *c;
  u32 n = snSegmentDocs(in->seg);
  u64 v[SN_WINDOW], nulls[SN_WORDS];
  int rc = snColOpen(in->seg, by->column, by->type, &c);
  if (rc || snColKind(c) == COL_NONE) return rc;
  for (u32 w = 0; !rc && w * SN_WINDOW < n; w++) {
    bool any;
    u32 k = SN_MIN(SN_WINDOW, n - w * SN_WINDOW);
    rc = snColWindow(c, w, v, nulls, &any);
    for (u32 i = 0; !rc && i < k; i++) {
      u32 doc = mergeDoc(in, w * SN_WINDOW + i);
      if (doc == DOC_END || (any && snBit(nulls, i))) continue;
      r->v[doc] = mergeRankOf(by->type, v[i]);
      snBitClear(r->nulls, doc);
    }
    if (!rc) rc = snMergeCancelled(g);
  }
  return rc;
}

static int mergeRankList(const MergeIn *in, u32 column, Dict *d, u32 ord,
    u32 rank, MergeRank *r) {
  Postings p;
  int rc = snPostOpen(in->seg, column, d, ord, &p);
  while (!rc && snPostNext(&p) != DOC_END) {
    u32 doc = mergeDoc(in, p.doc);
    if (doc == DOC_END) continue;
    r->v[doc] = rank;
    snBitClear(r->nulls, doc);
  }
  if (!rc) rc = p.rc;
  snPostClose(&p);
  return rc;
}

/* Texts are told by their place among those of all inputs. */
static int mergeRankTexts(Merge *g, u32 column, MergeRank *r) {
  MergeWalk k = {.n = 0};
  u32 rank = 0;
  Dict **dicts = snMemZero(g->e->budget, g->n * sizeof *dicts);
  int rc = dicts ? SEINE_OK : SN_NOMEM;
  for (u32 i = 0; !rc && i < g->n; i++)
    rc = snDictTerms(g->in[i].seg, column, &dicts[i]);
  if (!rc) rc = snMergeWalkOpen(g, dicts, &k);
  while (!rc && snMergeWalkNext(&k)) {
    for (u32 s = 0; !rc && s < k.nsame; s++) {
      u32 i = k.same[s];
      rc = mergeRankList(g->in + i, column, dicts[i], k.it[i].ord, rank, r);
    }
    if (!rc) rc = snMergeWalkStep(&k);
    if (!rc && ++rank % 1024 == 0) rc = snMergeCancelled(g);
  }
  snMergeWalkClose(&k);
  snMemFree(dicts);
  return rc;
}

/* One column; equal ones keep their order, so the last one comes first. */
static int mergeSortBy(Merge *g, const MergeBy *by, MergeRank *r, KeyIdx *v,
    KeyIdx *tmp) {
  u32 n = 0;
  int rc = SEINE_OK;
  snBitsFirst(r->nulls, g->docs / 64 + 1, g->docs);
  if (snTypeForm(by->type) == FORM_STR)
    rc = mergeRankTexts(g, by->column, r);
  else
    for (u32 i = 0; !rc && i < g->n; i++)
      rc = mergeRankNumbers(g, g->in + i, by, r);
  if (rc) return rc;
  for (u32 i = 0; i < g->docs; i++) {
    u64 key = snBit(r->nulls, v[i].idx) ? 0 : r->v[v[i].idx];
    v[i].key = by->desc && !snBit(r->nulls, v[i].idx) ? ~key : key;
  }
  snSortKeys(v, g->docs, tmp);
  for (u32 pass = 0; pass < 2; pass++)
    for (u32 i = 0; i < g->docs; i++)
      if (snBit(r->nulls, v[i].idx) == (by->nulls_first != pass))
        tmp[n++] = v[i];
  memcpy(v, tmp, n * sizeof *v);
  return snMergeCancelled(g);
}

static int mergeSortAll(Merge *g) {
  u64 n = g->docs + 1ull;
  MergeRank r = {snMemAlloc(g->e->budget, n * sizeof *r.v),
      snMemAlloc(g->e->budget, (n / 64 + 1) * sizeof *r.nulls)};
  KeyIdx *v = snMemAlloc(g->e->budget, n * sizeof *v);
  KeyIdx *tmp = snMemAlloc(g->e->budget, n * sizeof *tmp);
  int rc = r.v && r.nulls && v && tmp ? SEINE_OK : SN_NOMEM;
  for (u32 i = 0; !rc && i < g->docs; i++) v[i] = (KeyIdx){0, i};
  for (u32 i = g->nby; !rc && i; i--)
    rc = mergeSortBy(g, g->by + i - 1, &r, v, tmp);
  if (!rc) {
    for (u32 i = 0; i < g->docs; i++) v[i].key = g->order[v[i].idx];
    for (u32 i = 0; i < g->docs; i++) g->order[i] = (u32)v[i].key;
    for (u32 i = 0; i < g->docs; i++) g->map[g->order[i]] = i;
  }
  snMemFree(r.v);
  snMemFree(r.nulls);
  snMemFree(v);
  snMemFree(tmp);
  return rc;
}

int snMergeOrderOpen(Merge *g) {
  u64 n = 0;
  for (u32 i = 0; i < g->n; i++) {
    g->in[i].from = (u32)n;
    n += snSegmentDocs(g->in[i].seg);
    if (n > DOC_MAX) return SEINE_TOOBIG;
  }
  g->map = snMemAlloc(g->e->budget, (n + 1) * sizeof *g->map);
  return g->map ? SEINE_OK : SN_NOMEM;
}

int snMergeOrder(Merge *g) {
  g->order = snMemAlloc(g->e->budget, (g->docs + 1ull) * sizeof *g->order);
  if (!g->order) return SN_NOMEM;
  for (u32 i = 0; i < g->n; i++) {
    const MergeIn *in = g->in + i;
    u32 n = snSegmentDocs(in->seg);
    for (u32 d = 0; d < n; d++)
      if (in->map[d] != DOC_END) g->order[in->map[d]] = in->from + d;
  }
  return mergeSortAll(g);
}

u32 snMergeInput(const Merge *g, u32 old) {
  u32 lo = 0, hi = g->n - 1;
  while (lo < hi) {
    u32 mid = (lo + hi + 1) / 2;
    if (g->in[mid].from <= old) lo = mid;
    else hi = mid - 1;
  }
  return lo;
}
