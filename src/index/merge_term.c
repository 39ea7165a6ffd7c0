/*
** merge_term: terms and their postings, words with their norms and pairs, and
** columns that are coded by a dictionary.
*/
#include "index/merge.h"

#define MERGE_NEAR 64u /* bytes of a list that is read where it lies */

/* ---- postings ----------------------------------------------------------- */

/* A short list of the dictionary: most of small segments are.  A position has
** a byte at least. */
static int mergeNear(Merge *g, const MergeIn *in, const TermMeta *m, bool pos,
    FieldWriter *f) {
  Rd r = {m->inl, m->inl + m->len, false};
  u32 max = snSegmentDocs(in->seg), from = 0, at[MERGE_NEAR];
  for (u32 i = 0; i < m->df; i++) {
    u64 v = snRdVarint(&r), gap = pos ? v >> 1 : v;
    u32 tf = pos && !(v & 1) ? snRdU32v(&r) : 1, sum = 0;
    if (r.bad || gap >= max || from + gap >= max || !tf || tf > m->len)
      return SN_CORRUPT;
    u32 doc = mergeDoc(in, from + (u32)gap);
    from += (u32)gap + 1;
    for (u32 k = 0; pos && k < tf; k++) at[k] = sum += snRdU32v(&r);
    if (r.bad) return SN_CORRUPT;
    if (doc == DOC_END) continue;
    if (g->with) snBitSet(g->with, doc);
    snFieldWriteDoc(f, doc, tf, at);
  }
  return SEINE_OK;
}

/* The list of the term that input i shows; p keeps its memory for the next. */
static int mergeList(Merge *g, u32 i, u32 column, DictIter *it, Postings *p,
    FieldWriter *f) {
  TermMeta meta;
  MergeIn *in = g->in + i;
  bool pos = snDictHasFreqs(it->d);
  if (pos != f->post.has_pos) return SN_CORRUPT; /* not of this type */
  int rc = snDictIterMeta(it, &meta);
  if (!rc && meta.inl && meta.len <= MERGE_NEAR)
    return mergeNear(g, in, &meta, pos, f);
  if (!rc) rc = snPostAgain(in->seg, column, it->d, &meta, p);
  while (!rc && snPostNext(p) != DOC_END) {
    u32 doc = mergeDoc(in, p->doc), n = 1;
    const u32 *at = NULL;
    if (doc == DOC_END) continue;
    if (pos) rc = snPostPositions(p, &at, &n);
    if (g->with) snBitSet(g->with, doc);
    if (!rc && n) snFieldWriteDoc(f, doc, n, at);
  }
  return rc ? rc : p->rc;
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
  Postings p;
  bool freqs = false;
  u32 ord = 0, steps = 0;
  snPostInit(&p, g->e->budget);
  for (u32 i = 0; i < g->n; i++)
    if (dicts[i]) freqs = snDictHasFreqs(dicts[i]);
  if (!norms) {
    g->with = snMemZero(g->e->budget, (g->docs / 64 + 1) * sizeof *g->with);
    if (!g->with) return SN_NOMEM;
  }
  snFieldWriteBegin(&f, &g->w, column, freqs, norms, mergeAverage(g, dicts),
      g->e->budget);
  if (g->order) snFieldWriteScattered(&f);
  int rc = snMergeWalkOpen(g, dicts, &k);
  while (!rc && snMergeWalkNext(&k)) {
    for (u32 s = 0; !rc && s < k.nsame; s++) {
      u32 i = k.same[s];
      rc = mergeList(g, i, column, k.it + i, &p, &f);
    }
    if (rc) break;
    const Buf *t = &k.it[k.same[0]].text;
    if (g->pick) mergePick(g, &k, snFieldWriteDf(&f), ord);
    bool kept = snFieldWriteTerm(&f, t->data, (u32)t->n);
    rc = f.post.rc;
    for (u32 s = 0; remap && s < k.nsame; s++)
      remap[k.same[s]][k.it[k.same[s]].ord] = kept ? ord : DICT_NONE;
    ord += kept;
    if (!rc) rc = snMergeWalkStep(&k);
    if (!rc && ++steps % 1024 == 0) rc = snMergeCancelled(g);
  }
  snMergeWalkClose(&k);
  snPostClose(&p);
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
        g->order ? in->from : in->base, g->order != NULL,
        snMergeCancelled, g};
    if (any) rc = snPairFeed(&f, w);
  }
  return rc;
}

static int mergePairsOpen(Merge *g) {
  if (!g->e->pairs) return SEINE_OK;
  g->pick = snMemAlloc(g->e->budget, sizeof *g->pick);
  if (!g->pick) return SN_NOMEM;
  snPairPickInit(g->pick, g->e->budget, g->e->pairs);
  g->pair_ord = snMemAlloc(g->e->budget,
      (g->pick->most * (u64)g->n + 1) * sizeof(u32));
  return g->pair_ord ? SEINE_OK : SN_NOMEM;
}

static int mergePairs(Merge *g, u32 column, Dict **dicts, const u8 *norms) {
  MergePairs p = {g, column};
  if (!g->pick) return SEINE_OK;
  snPairPickEnd(g->pick);
  return snPairWrite(&g->w, column, g->pick, norms, mergeAverage(g, dicts),
      g->map, g->e->budget, mergePairDocs, &p);
}

static void mergePairsClose(Merge *g) {
  snMemFree(g->pick);
  snMemFree(g->pair_ord);
  g->pick = NULL;
  g->pair_ord = NULL;
}

int snMergeWords(Merge *g, u32 column) {
  Dict **dicts = snMemZero(g->e->budget, g->n * sizeof *dicts);
  u8 *norms = snMemZero(g->e->budget, g->docs + 1ull);
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
  snBufInit(&b, g->e->budget);
  snDictWriteInit(&d, g->e->budget, false, false);
  int rc = snMergeWalkOpen(g, dicts, &k);
  while (!rc && snMergeWalkNext(&k)) {
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
    rc = snMergeWalkStep(&k);
  }
  snMergeWalkClose(&k);
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
    remap[i] = snMemZero(g->e->budget, (n + 1) * sizeof(u32));
    if (!remap[i]) return SN_NOMEM;
    if (!used) continue;
    used[i] = snMemZero(g->e->budget, n + 1);
    if (!used[i]) return SN_NOMEM;
    int rc = mergeUsed(g, i, cols[i], used[i], with);
    if (rc) return rc;
  }
  return SEINE_OK;
}

int snMergeDict(Merge *g, const Column *col, ColReader **cols) {
  bool key = (col->type & 0x3f) == TYPE_KEYWORD ||
      (col->type & 0x3f) == TYPE_IP;
  u32 with = 0;
  Dict **dicts = snMemZero(g->e->budget, g->n * sizeof *dicts);
  u32 **remap = snMemZero(g->e->budget, g->n * sizeof *remap);
  u8 **used = snMemZero(g->e->budget, g->n * sizeof *used);
  int rc = dicts && remap && used ? SEINE_OK : SN_NOMEM;
  if (!rc)
    rc = mergeDictTables(g, cols, dicts, key ? NULL : used, remap, &with);
  if (!rc && key) rc = mergeTerms(g, col->id, dicts, NULL, remap);
  else if (!rc) rc = mergeValues(g, col->id, dicts, used, with, remap);
  if (!rc && (col->type & TYPE_ARRAY))
    rc = snMergeArrays(g, col->id, col->type, SEC_CODES, cols, remap);
  else if (!rc)
    rc = snMergeColumn(g, col->id, col->type, SEC_CODES, cols, remap);
  for (u32 i = 0; i < g->n; i++) {
    if (remap) snMemFree(remap[i]);
    if (used) snMemFree(used[i]);
  }
  snMemFree(dicts);
  snMemFree(remap);
  snMemFree(used);
  return rc;
}
#undef MERGE_NEAR
