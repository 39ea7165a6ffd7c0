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
**
** In another order documents have two numbers, that of the map and, to find
** them by the new one, `order`.  What is stored by document is then taken
** document by document or put in place in memory, a column at a time; the
** documents of a term wait until all inputs told theirs.
*/
#include "index/indexInt.h"

#define MERGE_ROWS (4u << 20) /* bytes of packed rows in memory, or so */

typedef struct MergeIn {
  Segment *seg;
  Live *live;
  u32 from;          /* documents of the inputs before it */
  u32 base, docs;    /* first new number; documents that stay */
  u32 *map;          /* new number by old, DOC_END = deleted; NULL: base + i */
} MergeIn;

typedef struct Merge {
  Store *store;
  Budget *budget;
  const View *view;
  MergeIn *in;
  u32 n, docs;
  const MergeBy *by; /* the columns of the order, or NULL */
  u32 nby;
  u32 *order;        /* from + old number by new; NULL: order is kept */
  u32 *map;          /* new number by from + old; the inputs' maps are in it */
  SegWriter w;
  Arena arena;       /* of a window */
  u64 *with;         /* by document: has a term, when not NULL */
  bool tight;        /* rows are packed smaller */
  u32 pairs;         /* frequent words whose pairs get lists */
  PairPick *pick;    /* ... of the column looked at, or NULL */
  u32 *pair_ord;     /* ... in each input, by slot */
  int (*cancelled)(void *);
  void *arg;
} Merge;

static u32 mergeDoc(const MergeIn *in, u32 doc) {
  return in->map ? in->map[doc] : in->base + doc;
}

static int mergeMap(Merge *g, MergeIn *in) {
  u32 n = snSegmentDocs(in->seg), at = in->base = g->docs;
  bool whole = !in->live || !snLiveDeleted(in->live);
  if (whole && !g->map) {
    in->docs = n;
    g->docs += n;
    return g->docs > DOC_MAX ? SEINE_TOOBIG : SEINE_OK;
  }
  in->map = g->map ? g->map + in->from
                   : snMemAlloc(g->budget, (n + 1ull) * sizeof(u32));
  if (!in->map) return SN_NOMEM;
  for (u32 d = 0; d < n; d++)
    in->map[d] = whole || snLiveHas(in->live, d) ? at++ : DOC_END;
  in->docs = at - in->base;
  g->docs = at;
  return g->docs > DOC_MAX ? SEINE_TOOBIG : SEINE_OK;
}

static int mergeCancelled(Merge *g) {
  return g->cancelled && g->cancelled(g->arg) ? SEINE_INTERRUPT : SEINE_OK;
}

/* ---- a k-way walk over dictionaries ------------------------------------- */

typedef struct MergeWalk {
  DictIter *it;
  bool *open;        /* shows a term */
  u32 n;
  u32 *same, nsame;  /* inputs that show the least term */
} MergeWalk;

static int mergeWalkOpen(Merge *g, Dict **dicts, MergeWalk *k) {
  memset(k, 0, sizeof *k);
  k->it = snMemZero(g->budget, g->n * sizeof *k->it);
  k->open = snMemZero(g->budget, g->n + 1ull);
  k->same = snMemZero(g->budget, (g->n + 1ull) * sizeof *k->same);
  if (!k->it || !k->open || !k->same) return SN_NOMEM;
  k->n = g->n;
  for (u32 i = 0; i < g->n; i++) {
    if (!dicts[i]) continue;
    snDictIterOpen(&k->it[i], dicts[i], 0);
    k->open[i] = snDictIterNext(&k->it[i]);
    if (k->it[i].rc) return k->it[i].rc;
  }
  return SEINE_OK;
}

static void mergeWalkClose(MergeWalk *k) {
  for (u32 i = 0; k->it && i < k->n; i++)
    if (k->it[i].d) snDictIterClose(&k->it[i]);
  snMemFree(k->it);
  snMemFree(k->open);
  snMemFree(k->same);
}

/* Finds the least term and who has it; false at the end. */
static bool mergeWalkNext(MergeWalk *k) {
  const Buf *best = NULL;
  k->nsame = 0;
  for (u32 i = 0; i < k->n; i++) {
    if (!k->open[i]) continue;
    const Buf *t = &k->it[i].text;
    int c = best ? snStrCmp(t->data, (u32)t->n, best->data, (u32)best->n)
                 : -1;
    if (c < 0) k->nsame = 0;
    if (c < 0) best = t;
    if (c <= 0) k->same[k->nsame++] = i;
  }
  return best != NULL;
}

static int mergeWalkStep(MergeWalk *k) {
  for (u32 i = 0; i < k->nsame; i++) {
    u32 s = k->same[i];
    k->open[s] = snDictIterNext(&k->it[s]);
    if (k->it[s].rc) return k->it[s].rc;
  }
  return SEINE_OK;
}

/* ---- another order ------------------------------------------------------- */

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
    if (!rc) rc = mergeCancelled(g);
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
  Dict **dicts = snMemZero(g->budget, g->n * sizeof *dicts);
  int rc = dicts ? SEINE_OK : SN_NOMEM;
  for (u32 i = 0; !rc && i < g->n; i++)
    rc = snDictTerms(g->in[i].seg, column, &dicts[i]);
  if (!rc) rc = mergeWalkOpen(g, dicts, &k);
  while (!rc && mergeWalkNext(&k)) {
    for (u32 s = 0; !rc && s < k.nsame; s++) {
      u32 i = k.same[s];
      rc = mergeRankList(g->in + i, column, dicts[i], k.it[i].ord, rank, r);
    }
    if (!rc) rc = mergeWalkStep(&k);
    if (!rc && ++rank % 1024 == 0) rc = mergeCancelled(g);
  }
  mergeWalkClose(&k);
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
  return mergeCancelled(g);
}

static int mergeSortAll(Merge *g) {
  u64 n = g->docs + 1ull;
  MergeRank r = {snMemAlloc(g->budget, n * sizeof *r.v),
      snMemAlloc(g->budget, (n / 64 + 1) * sizeof *r.nulls)};
  KeyIdx *v = snMemAlloc(g->budget, n * sizeof *v);
  KeyIdx *tmp = snMemAlloc(g->budget, n * sizeof *tmp);
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

/* Room for the map of all inputs. */
static int mergeOrderOpen(Merge *g) {
  u64 n = 0;
  for (u32 i = 0; i < g->n; i++) {
    g->in[i].from = (u32)n;
    n += snSegmentDocs(g->in[i].seg);
    if (n > DOC_MAX) return SEINE_TOOBIG;
  }
  g->map = snMemAlloc(g->budget, (n + 1) * sizeof *g->map);
  return g->map ? SEINE_OK : SN_NOMEM;
}

/* From the order of the inputs to the other one. */
static int mergeOrder(Merge *g) {
  g->order = snMemAlloc(g->budget, (g->docs + 1ull) * sizeof *g->order);
  if (!g->order) return SN_NOMEM;
  for (u32 i = 0; i < g->n; i++) {
    const MergeIn *in = g->in + i;
    u32 n = snSegmentDocs(in->seg);
    for (u32 d = 0; d < n; d++)
      if (in->map[d] != DOC_END) g->order[in->map[d]] = in->from + d;
  }
  return mergeSortAll(g);
}

/* The input of a document, by its number in g->order. */
static u32 mergeInput(const Merge *g, u32 old) {
  u32 lo = 0, hi = g->n - 1;
  while (lo < hi) {
    u32 mid = (lo + hi + 1) / 2;
    if (g->in[mid].from <= old) lo = mid;
    else hi = mid - 1;
  }
  return lo;
}

/* ---- postings ----------------------------------------------------------- */

static int mergeList(Merge *g, u32 i, u32 column, Dict *d, u32 ord,
    FieldWriter *f) {
  Postings p;
  MergeIn *in = g->in + i;
  bool pos = snDictHasFreqs(d);
  int rc = snPostOpen(in->seg, column, d, ord, &p);
  while (!rc && snPostNext(&p) != DOC_END) {
    u32 doc = mergeDoc(in, p.doc), n = 1;
    const u32 *at = NULL;
    if (doc == DOC_END) continue;
    if (pos) rc = snPostPositions(&p, &at, &n);
    if (g->with) snBitSet(g->with, doc);
    if (!rc && n) snFieldWriteDoc(f, doc, n, at);
  }
  if (!rc) rc = p.rc;
  snPostClose(&p);
  return rc;
}

/* Documents that have a term: counted by the norms where there are some, by
** the lists otherwise. */
static u32 mergeWith(const Merge *g, const u8 *norms) {
  u32 n = 0;
  if (g->with) return snBitsCount(g->with, g->docs / 64 + 1);
  for (u32 i = 0; i < g->docs; i++) n += norms[i] != 0;
  return n;
}

/* Words of a document that has some. */
static double mergeAverage(const Merge *g, Dict **dicts) {
  double words = 0, with = 0;
  for (u32 i = 0; i < g->n; i++) {
    if (!dicts[i]) continue;
    words += (double)snDictTtf(dicts[i]);
    with += snDictDocs(dicts[i]);
  }
  return words / SN_MAX(with, 1);
}

/* Notes where a word that may be a frequent one stands in the inputs. */
static void mergePick(Merge *g, const MergeWalk *k, u32 df, u32 ord) {
  u32 slot;
  if (!snPairPick(g->pick, df, ord, &slot)) return;
  u32 *to = g->pair_ord + (size_t)slot * g->n;
  for (u32 i = 0; i < g->n; i++) to[i] = DICT_NONE;
  for (u32 s = 0; s < k->nsame; s++) to[k->same[s]] = k->it[k->same[s]].ord;
}

/* Terms and postings of a column.  remap, when not NULL: per input, the new
** ordinal of each old one (DICT_NONE: no document left). */
static int mergeTerms(Merge *g, u32 column, Dict **dicts, const u8 *norms,
    u32 **remap) {
  MergeWalk k;
  FieldWriter f;
  bool freqs = false;
  u32 ord = 0, steps = 0;
  for (u32 i = 0; i < g->n; i++)
    if (dicts[i]) freqs = snDictHasFreqs(dicts[i]);
  if (!norms) {
    g->with = snMemZero(g->budget, (g->docs / 64 + 1) * sizeof *g->with);
    if (!g->with) return SN_NOMEM;
  }
  snFieldWriteBegin(&f, &g->w, column, freqs, norms, mergeAverage(g, dicts),
      g->budget);
  if (g->order) snFieldWriteScattered(&f);
  int rc = mergeWalkOpen(g, dicts, &k);
  while (!rc && mergeWalkNext(&k)) {
    for (u32 s = 0; !rc && s < k.nsame; s++) {
      u32 i = k.same[s];
      rc = mergeList(g, i, column, dicts[i], k.it[i].ord, &f);
    }
    if (rc) break;
    const Buf *t = &k.it[k.same[0]].text;
    if (g->pick) mergePick(g, &k, snFieldWriteDf(&f), ord);
    bool kept = snFieldWriteTerm(&f, t->data, (u32)t->n);
    rc = f.post.rc;
    for (u32 s = 0; remap && s < k.nsame; s++)
      remap[k.same[s]][k.it[k.same[s]].ord] = kept ? ord : DICT_NONE;
    ord += kept;
    if (!rc) rc = mergeWalkStep(&k);
    if (!rc && ++steps % 1024 == 0) rc = mergeCancelled(g);
  }
  mergeWalkClose(&k);
  if (rc) snFieldWriteFree(&f);
  else rc = snFieldWriteEnd(&f, mergeWith(g, norms));
  snMemFree(g->with);
  g->with = NULL;
  return rc;
}

/* ---- texts -------------------------------------------------------------- */

static int mergeNorms(Merge *g, u32 column, u8 *out) {
  for (u32 i = 0; i < g->n; i++) {
    const u8 *p;
    u32 n = snSegmentDocs(g->in[i].seg);
    int rc = snNormBytes(g->in[i].seg, column, &p);
    if (rc) return rc;
    for (u32 d = 0; p && d < n; d++) {
      u32 doc = mergeDoc(g->in + i, d);
      if (doc != DOC_END) out[doc] = p[d];
    }
  }
  return SEINE_OK;
}

typedef struct MergePairs {
  Merge *g;
  u32 column;
} MergePairs;

static int mergePairDocs(void *arg, PairWriter *w) {
  const MergePairs *p = arg;
  Merge *g = p->g;
  u32 ord[PAIR_WORDS], n = g->pick->n;
  int rc = SEINE_OK;
  for (u32 i = 0; !rc && i < g->n; i++) {
    const MergeIn *in = g->in + i;
    bool any = false;
    for (u32 k = 0; k < n; k++) {
      ord[k] = g->pair_ord[(size_t)g->pick->v[k].slot * g->n + i];
      any |= ord[k] != DICT_NONE;
    }
    PairFeed f = {in->seg, p->column, n, ord, in->map,
        g->order ? in->from : in->base, g->order != NULL, g->cancelled,
        g->arg};
    if (any) rc = snPairFeed(&f, w);
  }
  return rc;
}

static int mergePairsOpen(Merge *g) {
  if (!g->pairs) return SEINE_OK;
  g->pick = snMemAlloc(g->budget, sizeof *g->pick);
  if (!g->pick) return SN_NOMEM;
  snPairPickInit(g->pick, g->budget, g->pairs);
  g->pair_ord = snMemAlloc(g->budget,
      (g->pick->most * (u64)g->n + 1) * sizeof(u32));
  return g->pair_ord ? SEINE_OK : SN_NOMEM;
}

static int mergePairs(Merge *g, u32 column, Dict **dicts, const u8 *norms) {
  MergePairs p = {g, column};
  if (!g->pick) return SEINE_OK;
  snPairPickEnd(g->pick);
  return snPairWrite(&g->w, column, g->pick, norms, mergeAverage(g, dicts),
      g->map, g->budget, mergePairDocs, &p);
}

static void mergePairsClose(Merge *g) {
  snMemFree(g->pick);
  snMemFree(g->pair_ord);
  g->pick = NULL;
  g->pair_ord = NULL;
}

static int mergeWords(Merge *g, u32 column) {
  Dict **dicts = snMemZero(g->budget, g->n * sizeof *dicts);
  u8 *norms = snMemZero(g->budget, g->docs + 1ull);
  bool any = false;
  int rc = dicts && norms ? SEINE_OK : SN_NOMEM;
  for (u32 i = 0; !rc && i < g->n; i++) {
    rc = snDictTerms(g->in[i].seg, column, &dicts[i]);
    any |= !rc && dicts[i];
  }
  if (!rc && any) rc = mergeNorms(g, column, norms);
  if (!rc && any) rc = mergePairsOpen(g);
  if (!rc && any) rc = mergeTerms(g, column, dicts, norms, NULL);
  if (!rc && any) {
    snSegWriteBegin(&g->w);
    snBufAdd(&g->w.buf, norms, g->docs);
    snSegWriteEnd(&g->w, SEC_NORMS, column);
    rc = mergePairs(g, column, dicts, norms);
  }
  mergePairsClose(g);
  snMemFree(dicts);
  snMemFree(norms);
  return rc;
}

/* ---- numbers ------------------------------------------------------------ */

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
  void *v = snMemAlloc(g->budget, SN_WINDOW * sizeof(i64));
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
    if (!rc) rc = mergeCancelled(g);
  }
  snMemFree(v);
  return rc;
}

static int mergeColumn(Merge *g, u32 column, u8 type, SecKind kind,
    ColReader **cols, u32 **remap) {
  MergeCol m = {.v = NULL};
  int rc = SEINE_OK;
  if (g->order) {
    m.v = snMemZero(g->budget, (g->docs + 1ull) * sizeof *m.v);
    m.nulls = snMemZero(g->budget, (g->docs / 64 + 1) * sizeof *m.nulls);
    if (!m.v || !m.nulls) rc = SN_NOMEM;
  }
  snColFeedInit(&m.f, g->budget, kind, column, type);
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
    if (doc % SN_WINDOW == 0) rc = mergeCancelled(g);
    if (!rc && mergeDoc(in, doc) != DOC_END)
      rc = mergeArray(c, doc, f, counts, remap);
  }
  return rc;
}

static int mergeArrayOrder(Merge *g, ColReader **cols, ColFeed *f,
    ColFeed *counts, u32 **remap) {
  int rc = SEINE_OK;
  for (u32 k = 0; !rc && k < g->docs; k++) {
    u32 i = mergeInput(g, g->order[k]);
    if (k % SN_WINDOW == 0) rc = mergeCancelled(g);
    if (!rc)
      rc = mergeArray(cols[i], g->order[k] - g->in[i].from, f, counts,
          remap ? remap[i] : NULL);
  }
  return rc;
}

static int mergeArrays(Merge *g, u32 column, u8 type, SecKind kind,
    ColReader **cols, u32 **remap) {
  ColFeed f, counts;
  int rc = SEINE_OK;
  snColFeedInit(&f, g->budget, kind, column, type);
  snColFeedInit(&counts, g->budget, SEC_COUNTS, column, type);
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

/* ---- dictionary columns ------------------------------------------------- */

/* Marks the codes that live documents of an input have; counts the documents
** with a value. */
static int mergeUsed(Merge *g, u32 i, ColReader *c, u8 *used, u32 *with) {
  MergeIn *in = g->in + i;
  u32 n = snSegmentDocs(in->seg);
  for (u32 doc = 0; doc < n; doc++) {
    u64 from = doc;
    u32 count = 1;
    bool null = false, any = false;
    int rc = SEINE_OK;
    if (mergeDoc(in, doc) == DOC_END) continue;
    if (snColIsArray(c)) rc = snColSpan(c, doc, &from, &count, &null);
    for (u32 k = 0; !rc && k < count; k++) {
      i64 v;
      rc = snColItem(c, from + k, &v, &null);
      if (rc || null) continue;
      used[v] = 1;
      any = true;
    }
    if (rc) return rc;
    *with += any;
  }
  return SEINE_OK;
}

/* A dictionary without postings: the used terms of all inputs. */
static int mergeValues(Merge *g, u32 column, Dict **dicts, u8 **used,
    u32 with, u32 **remap) {
  MergeWalk k;
  DictWriter d;
  Buf b;
  u32 ord = 0;
  snBufInit(&b, g->budget);
  snDictWriteInit(&d, g->budget, false, false);
  int rc = mergeWalkOpen(g, dicts, &k);
  while (!rc && mergeWalkNext(&k)) {
    bool kept = false;
    for (u32 s = 0; s < k.nsame; s++) {
      u32 i = k.same[s];
      kept |= used[i][k.it[i].ord] != 0;
    }
    const Buf *t = &k.it[k.same[0]].text;
    if (kept) snDictWriteAdd(&d, t->data, (u32)t->n, 0, 0, NULL, 0);
    for (u32 s = 0; s < k.nsame; s++)
      remap[k.same[s]][k.it[k.same[s]].ord] = kept ? ord : DICT_NONE;
    ord += kept;
    rc = mergeWalkStep(&k);
  }
  mergeWalkClose(&k);
  if (!rc) {
    snDictWriteEnd(&d, with, &b);
    snSegWriteBuf(&g->w, SEC_VALUES, column, &b);
    rc = b.rc;
  }
  snDictWriteFree(&d);
  snBufClear(&b);
  return rc;
}

/* used stays empty for columns with postings: these tell. */
static int mergeDictTables(Merge *g, ColReader **cols, Dict **dicts,
    u8 **used, u32 **remap, u32 *with) {
  for (u32 i = 0; i < g->n; i++) {
    if (snColKind(cols[i]) != COL_CODE) continue;
    dicts[i] = snColDict(cols[i]);
    u64 n = snDictCount(dicts[i]);
    remap[i] = snMemZero(g->budget, (n + 1) * sizeof(u32));
    if (!remap[i]) return SN_NOMEM;
    if (!used) continue;
    used[i] = snMemZero(g->budget, n + 1);
    if (!used[i]) return SN_NOMEM;
    int rc = mergeUsed(g, i, cols[i], used[i], with);
    if (rc) return rc;
  }
  return SEINE_OK;
}

static int mergeDict(Merge *g, const Column *col, ColReader **cols) {
  bool key = (col->type & 0x3f) == TYPE_KEYWORD ||
      (col->type & 0x3f) == TYPE_IP;
  u32 with = 0;
  Dict **dicts = snMemZero(g->budget, g->n * sizeof *dicts);
  u32 **remap = snMemZero(g->budget, g->n * sizeof *remap);
  u8 **used = snMemZero(g->budget, g->n * sizeof *used);
  int rc = dicts && remap && used ? SEINE_OK : SN_NOMEM;
  if (!rc)
    rc = mergeDictTables(g, cols, dicts, key ? NULL : used, remap, &with);
  if (!rc && key) rc = mergeTerms(g, col->id, dicts, NULL, remap);
  else if (!rc) rc = mergeValues(g, col->id, dicts, used, with, remap);
  if (!rc && (col->type & TYPE_ARRAY))
    rc = mergeArrays(g, col->id, col->type, SEC_CODES, cols, remap);
  else if (!rc)
    rc = mergeColumn(g, col->id, col->type, SEC_CODES, cols, remap);
  for (u32 i = 0; i < g->n; i++) {
    if (remap) snMemFree(remap[i]);
    if (used) snMemFree(used[i]);
  }
  snMemFree(dicts);
  snMemFree(remap);
  snMemFree(used);
  return rc;
}

/* ---- rows --------------------------------------------------------------- */

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

static int mergeRowPiece(Merge *g, MergeIn *in, RowWriter *r,
    const Column **cols, u32 from, DictText *texts, u64 *nulls) {
  u32 n = SN_MIN(mergeRowStep(in), snSegmentDocs(in->seg) - from);
  u32 docs[SN_WINDOW] = {0};
  for (u32 i = 0; i < n; i++) docs[i] = from + i;
  for (u32 k = 0; k < r->nids; k++) {
    int rc = mergeTexts(g, in, cols[k], docs, n, texts + k * SN_WINDOW,
        nulls + k * SN_WORDS);
    if (rc) return rc;
  }
  for (u32 i = 0; i < n; i++) {
    if (mergeDoc(in, from + i) != DOC_END) mergeRowAdd(r, i, texts, nulls);
  }
  snArenaClear(&g->arena);
  return r->rc ? r->rc : mergeCancelled(g);
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
    MergeIn *in = g->in + mergeInput(g, (u32)v[at].key);
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

static int mergeRowOrder(Merge *g, RowWriter *r, const Column **cols,
    u32 step, DictText *texts, u64 *nulls) {
  KeyIdx v[SN_WINDOW], tmp[SN_WINDOW];
  int rc = SEINE_OK;
  for (u32 from = 0, n; !rc && from < g->docs; from += n) {
    n = SN_MIN(step, g->docs - from);
    for (u32 i = 0; i < n; i++) v[i] = (KeyIdx){g->order[from + i], i};
    snSortKeys(v, n, tmp);
    for (u32 k = 0; !rc && k < r->nids; k++)
      rc = mergeRowScatter(g, cols[k], v, n, texts + k * SN_WINDOW,
          nulls + k * SN_WORDS);
    if (rc) return rc;
    for (u32 i = 0; i < n; i++) mergeRowAdd(r, i, texts, nulls);
    snArenaClear(&g->arena);
    rc = r->rc ? r->rc : mergeCancelled(g);
  }
  return rc;
}

/* The rows of an input. */
static int mergeRowInput(Merge *g, MergeIn *in, RowWriter *r,
    const Column **cols, DictText *texts, u64 *nulls) {
  const Section *s = snSegmentFind(in->seg, SEC_ROWS, 0);
  u32 n = snSegmentDocs(in->seg), step = mergeRowStep(in);
  int rc = SEINE_OK;
  if (s && !in->map && !g->tight && snRowCopies(in->seg, s, r->ids, r->nids))
    return snRowCopy(in->seg, s, r, g->cancelled, g->arg);
  for (u32 at = 0; !rc && at < n; at += step)
    rc = mergeRowPiece(g, in, r, cols, at, texts, nulls);
  return rc;
}

static int mergeRows(Merge *g, const Column **cols, const u32 *ids,
    u32 ncols) {
  RowWriter r;
  if (!ncols) return SEINE_OK;
  snRowWriteBegin(&r, &g->w, g->budget, ids, ncols, g->tight);
  DictText *texts = snMemAlloc(g->budget,
      (u64)ncols * SN_WINDOW * sizeof *texts);
  u64 *nulls = snMemAlloc(g->budget, (u64)ncols * SN_WORDS * sizeof *nulls);
  int rc = texts && nulls ? SEINE_OK : SN_NOMEM;
  if (!rc && g->order) {
    u32 step = SN_WINDOW;
    for (u32 i = 0; i < g->n; i++)
      step = SN_MIN(step, mergeRowStep(g->in + i));
    rc = mergeRowOrder(g, &r, cols, step, texts, nulls);
  }
  for (u32 i = 0; !rc && !g->order && i < g->n; i++)
    rc = mergeRowInput(g, g->in + i, &r, cols, texts, nulls);
  if (rc) snRowWriteFree(&r);
  else rc = snRowWriteEnd(&r);
  snMemFree(texts);
  snMemFree(nulls);
  return rc;
}

/* ---- keys --------------------------------------------------------------- */

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
    rc = mergeCancelled(g);
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
  snKeyWriteBegin(&out, &g->w, k->id, n, g->docs, g->budget);
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
    if (!rc && ++steps % 65536 == 0) rc = mergeCancelled(g);
  }
  int end = snKeyWriteEnd(&out);
  return rc ? rc : end;
}

/* The same of documents in another order: the entries are sorted anew. */
static int mergeKeyOrder(Merge *g, const TableKey *k) {
  u32 n = 0;
  int rc = SEINE_OK;
  KeyIdx *v = snMemAlloc(g->budget, (g->docs + 1ull) * sizeof *v);
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
    if (!rc) rc = w.rc ? w.rc : mergeCancelled(g);
  }
  for (u32 i = 0; i < g->docs; i++)
    if (v[i].idx != DOC_END) v[n++] = v[i];
  if (!rc) rc = snKeyWriteAll(&g->w, k->id, v, n, g->docs, g->budget);
  snMemFree(v);
  return rc;
}

static int mergeKey(Merge *g, const TableKey *k) {
  if (g->order) return mergeKeyOrder(g, k);
  KeyWalk *w = snMemZero(g->budget, (g->n + 1ull) * sizeof *w);
  bool *open = snMemZero(g->budget, g->n + 1ull);
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
    const MergeIn *in = g->in + mergeInput(g, g->order[k]);
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
static int mergeRowidKey(Merge *g, const TableKey *k) {
  const Table *t = g->view->table;
  bool ascends = false;
  u64 hash[SN_WINDOW], has[SN_WORDS];
  int rc = g->order ? mergeOrderAscends(g, &ascends)
                    : mergeAscends(g, k, &ascends);
  if (rc || ascends) return rc;
  KeyIdx *v = snMemAlloc(g->budget, (g->docs + 1ull) * sizeof *v);
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
    if (!rc) rc = mergeCancelled(g);
  }
  if (!rc) rc = snKeyWriteAll(&g->w, k->id, v, g->docs, g->docs, g->budget);
  snMemFree(v);
  return rc;
}

static int mergeKeys(Merge *g) {
  const Table *t = g->view->table;
  int rc = SEINE_OK;
  for (u32 i = 0; !rc && i < t->nkey; i++) {
    const TableKey *k = t->key + i;
    if (snConstraintIsStored(k)) rc = mergeKey(g, k);
    else if (snConstraintIsChecked(k)) rc = mergeRowidKey(g, k);
  }
  return rc;
}

/* ---- the whole ---------------------------------------------------------- */

/* Writes what a column has beside rows; *row: its values go to the rows. */
static int mergeOne(Merge *g, const Column *col, ColReader **cols,
    bool *row) {
  static const u8 secs[] = {[FORM_INT] = SEC_INTS, [FORM_REAL] = SEC_REALS};
  bool any = false, code = true;
  Form form = snTypeForm(col->type & 0x3f);
  *row = false;
  for (u32 i = 0; i < g->n; i++) {
    int rc = snColOpen(g->in[i].seg, col->id, col->type, &cols[i]);
    if (rc) return rc;
    ColKind k = snColKind(cols[i]);
    any |= k != COL_NONE;
    if (k == COL_ROW) code = false;
  }
  if (!any) return SEINE_OK;
  int rc = SEINE_OK;
  if (form == FORM_STR && !code) *row = true;
  else if (form == FORM_STR) rc = mergeDict(g, col, cols);
  else if (col->type & TYPE_ARRAY)
    rc = mergeArrays(g, col->id, col->type, (SecKind)secs[form], cols, NULL);
  else
    rc = mergeColumn(g, col->id, col->type, (SecKind)secs[form], cols, NULL);
  if (!rc && (col->type & 0x3f) == TYPE_TEXT) rc = mergeWords(g, col->id);
  return rc;
}

static int mergeAll(Merge *g, SegmentRef *out) {
  const Table *t = g->view->table;
  ColReader **cols = snMemZero(g->budget, g->n * sizeof *cols);
  const Column **rows = snMemZero(g->budget, (t->ncol + 1) * sizeof *rows);
  u32 *ids = snMemZero(g->budget, (t->ncol + 1ull) * sizeof *ids), nrows = 0;
  int rc = cols && rows && ids ? SEINE_OK : SN_NOMEM;
  for (u32 i = 0; !rc && i < g->n; i++)
    rc = snColOpen(g->in[i].seg, 0, TYPE_INTEGER, &cols[i]);
  if (!rc) rc = mergeColumn(g, 0, TYPE_INTEGER, SEC_INTS, cols, NULL);
  for (u32 k = 0; !rc && k < t->ncol; k++) {
    bool row;
    if (!t->col[k].id) continue; /* the rowid */
    rc = mergeOne(g, t->col + k, cols, &row);
    if (rc || !row) continue;
    rows[nrows] = t->col + k;
    ids[nrows++] = t->col[k].id;
  }
  if (!rc) rc = mergeRows(g, rows, ids, nrows);
  if (!rc) rc = mergeKeys(g);
  snMemFree(cols);
  snMemFree(rows);
  snMemFree(ids);
  if (!rc) rc = g->w.rc;
  if (rc) snSegWriteAbort(&g->w);
  else rc = snSegWriteFinish(&g->w, g->docs, &out->ref);
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

static int mergeRun(Merge *g, u32 from, u64 id, SegmentRef *out) {
  const View *v = g->view;
  int rc = SEINE_OK;
  memset(out, 0, sizeof *out);
  snArenaInit(&g->arena, g->budget);
  g->in = snMemZero(g->budget, (g->n + 1) * sizeof *g->in);
  if (!g->in) return SN_NOMEM;
  for (u32 i = 0; i < g->n; i++) {
    g->in[i].seg = v->seg[from + i];
    g->in[i].live = v->live[from + i];
  }
  if (g->by) rc = mergeOrderOpen(g);
  for (u32 i = 0; !rc && i < g->n; i++) rc = mergeMap(g, g->in + i);
  if (!rc && g->by) rc = mergeOrder(g);
  out->id = id;
  out->docs = g->docs;
  if (!rc && g->docs) {
    snSegWriteInit(&g->w, g->store, g->budget, id);
    rc = mergeRowids(g, out);
    if (rc) snSegWriteAbort(&g->w);
    else rc = mergeAll(g, out);
  }
  for (u32 i = 0; i < g->n && !g->by; i++) snMemFree(g->in[i].map);
  snMemFree(g->map);
  snMemFree(g->order);
  snMemFree(g->in);
  snArenaClear(&g->arena);
  return rc;
}

int snMergeRun(Store *s, const View *v, u32 from, u32 to, u64 id, Budget *b,
    bool tight, u32 pairs, int (*cancelled)(void *), void *arg,
    SegmentRef *out) {
  Merge g = {.store = s, .budget = b, .view = v, .n = to - from,
      .tight = tight, .pairs = pairs, .cancelled = cancelled, .arg = arg};
  return mergeRun(&g, from, id, out);
}

int snMergeSort(Store *s, const View *v, u64 id, Budget *b, bool tight,
    u32 pairs, const MergeBy *by, u32 n, int (*cancelled)(void *), void *arg,
    SegmentRef *out) {
  Merge g = {.store = s, .budget = b, .view = v, .n = v->n, .by = by,
      .nby = n, .tight = tight, .pairs = pairs, .cancelled = cancelled,
      .arg = arg};
  return mergeRun(&g, 0, id, out);
}
#undef MERGE_ROWS
