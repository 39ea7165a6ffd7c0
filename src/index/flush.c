/*
** flush: a memtable becomes a segment.  Strings are sorted once per distinct
** value, words become postings by a counting sort of the log: documents
** come out in order without comparing anything.
*/
#include "index/memtable.h"

#ifdef SEINE_TEST
#define FLUSH_PLAIN (8u << 10)
#else
#define FLUSH_PLAIN (256u << 10) /* bytes of rows not worth packing */
#endif

static bool flushStopped(const Memtable *m) {
  return m->env.stop && __atomic_load_n(m->env.stop, __ATOMIC_RELAXED);
}

/* Numbers of a set in the order of their strings: by their first 8 bytes in
** one radix sort, by comparison where these are equal. */
static int flushCmp(void *arg, u32 a, u32 b) {
  const StrRef *r = arg;
  return snStrCmp(r[a].p, r[a].n, r[b].p, r[b].n);
}

static int flushSort(const StrSet *s, Budget *b, u32 **out) {
  u32 n = s->n;
  int rc = SEINE_OK;
  KeyIdx *a = snMemAlloc(b, (n + 1) * sizeof *a);
  KeyIdx *tmp = snMemAlloc(b, (n + 1) * sizeof *tmp);
  u32 *idx = snMemAlloc(b, (n + 1) * sizeof *idx);
  *out = NULL;
  if (!a || !tmp || !idx) {
    rc = SN_NOMEM;
    goto done;
  }
  for (u32 i = 0; i < n; i++)
    a[i] = (KeyIdx){snDictKey(s->refs[i].p, s->refs[i].n), i};
  snSortKeys(a, n, tmp);
  for (u32 i = 0; i < n; i++) idx[i] = a[i].idx;
  for (u32 i = 0, j; i < n; i = j) {
    for (j = i + 1; j < n && a[j].key == a[i].key; j++) {}
    if (j - i > 1)
      snSortIndex(idx + i, j - i, (u32 *)(void *)tmp, flushCmp, s->refs);
  }
  *out = idx;
  idx = NULL;
done:
  snMemFree(a);
  snMemFree(tmp);
  snMemFree(idx);
  return rc;
}

/* rank[number] = place of the string in order. */
static int flushRanks(const u32 *order, u32 n, Budget *b, u32 **out) {
  u32 *rank = snMemAlloc(b, (n + 1) * sizeof *rank);
  *out = rank;
  if (!rank) return SN_NOMEM;
  for (u32 i = 0; i < n; i++) rank[order[i]] = i;
  return SEINE_OK;
}

/* ---- numbers and codes -------------------------------------------------- */

/* Is value i a NULL element?  i is asked in rising order; *h is the place
** among the holes, 0 at first. */
static bool flushIsHole(const MemColumn *c, u32 i, u32 *h) {
  if (*h >= c->nholes || c->holes[*h] != i) return false;
  ++*h;
  return true;
}

/* Feeds one value per document (or per element), nulls between. */
static void flushFeed(Memtable *m, MemColumn *c, ColFeed *f,
    const u32 *rank) {
  if (c->is_array) {
    for (u32 i = 0, h = 0; i < c->n; i++) {
      if (flushIsHole(c, i, &h)) snColFeedNull(f);
      else snColFeedInt(f, rank ? (i64)rank[c->refs[i].id] : c->ints[i]);
    }
    return;
  }
  u32 k = 0;
  for (u32 d = 0; d < m->ndocs; d++) {
    if (k < c->ndocs && snMemDoc(c, k) == d) {
      snColFeedInt(f, rank ? (i64)rank[c->refs[k].id] : c->ints[k]);
      k++;
    } else {
      snColFeedNull(f);
    }
  }
}

static void flushColumn(Memtable *m, MemColumn *c, SecKind kind,
    const u32 *rank, SegWriter *w) {
  ColFeed f;
  snColFeedInit(&f, m->budget, kind, c->column->id, c->column->type);
  flushFeed(m, c, &f, rank);
  snColFeedEnd(&f, w);
  if (!c->is_array) return;
  snColFeedInit(&f, m->budget, SEC_COUNTS, c->column->id, c->column->type);
  for (u32 d = 0, k = 0; d < m->ndocs; d++) {
    if (k < c->ndocs && snMemDoc(c, k) == d) snColFeedInt(&f, c->counts[k++]);
    else snColFeedNull(&f);
  }
  snColFeedEnd(&f, w);
}

/* ---- keywords ----------------------------------------------------------- */

/* at[r] .. at[r + 1]: the documents of the value of rank r, ascending. */
static int flushLists(Memtable *m, MemColumn *c, const u32 *rank, u32 **at,
    u32 **docs) {
  u32 n = c->values.n, v = 0, h = 0;
  u32 *a = snMemZero(m->budget, (n + 2ull) * sizeof *a);
  u32 *d = snMemAlloc(m->budget, (c->n + 1ull) * sizeof *d);
  *at = a;
  *docs = d;
  if (!a || !d) return SN_NOMEM;
  for (u32 i = 0; i < c->n; i++)
    if (!flushIsHole(c, i, &h)) a[rank[c->refs[i].id] + 2]++;
  for (u32 i = 2; i <= n + 1; i++) a[i] += a[i - 1];
  h = 0;
  for (u32 k = 0; k < c->ndocs; k++) {
    u32 count = c->is_array ? c->counts[k] : 1;
    for (u32 i = 0; i < count; i++, v++)
      if (!flushIsHole(c, v, &h))
        d[a[rank[c->refs[v].id] + 1]++] = snMemDoc(c, k);
  }
  return SEINE_OK;
}

/* Documents with at least one value. */
static u32 flushWith(const MemColumn *c) {
  u32 with = 0, v = 0, h = 0;
  if (!c->is_array) return c->ndocs;
  for (u32 k = 0; k < c->ndocs; k++) {
    bool any = false;
    for (u32 i = 0; i < c->counts[k]; i++)
      any |= !flushIsHole(c, v++, &h);
    with += any;
  }
  return with;
}

static int flushKeys(Memtable *m, MemColumn *c, const u32 *order,
    const u32 *rank, SegWriter *w) {
  u32 *at = NULL, *docs = NULL;
  FieldWriter f;
  int rc = flushLists(m, c, rank, &at, &docs);
  if (!rc) {
    snFieldWriteBegin(&f, w, c->column->id, false, NULL, 1, m->budget);
    for (u32 r = 0; r < c->values.n && !flushStopped(m); r++) {
      const StrRef *s = c->values.refs + order[r];
      for (u32 i = at[r]; i < at[r + 1]; i++)
        if (i == at[r] || docs[i] != docs[i - 1])
          snFieldWriteDoc(&f, docs[i], 1, NULL);
      (void)snFieldWriteTerm(&f, s->p, s->n);
    }
    rc = snFieldWriteEnd(&f, flushWith(c));
  }
  snMemFree(at);
  snMemFree(docs);
  return rc;
}

/* A set that lost rows again holds values without documents: dictionary
** columns are built from the values that are still referred to. */
static int flushCompact(Memtable *m, MemColumn *c) {
  StrSet fresh;
  bool all = true;
  u32 h = 0;
  u8 *seen = snMemZero(m->budget, c->values.n + 1ull);
  if (!seen) return SN_NOMEM;
  for (u32 i = 0; i < c->n; i++) {
    if (flushIsHole(c, i, &h)) continue;
    if (c->refs[i].id < c->values.n) seen[c->refs[i].id] = 1;
    else all = false;
  }
  for (u32 i = 0; i < c->values.n; i++) all &= seen[i];
  snMemFree(seen);
  if (all) return SEINE_OK;
  snStrSetInit(&fresh, &m->used);
  h = 0;
  for (u32 i = 0; i < c->n && !fresh.rc; i++)
    if (!flushIsHole(c, i, &h))
      c->refs[i].id = snStrSetAdd(&fresh, c->refs[i].p, c->refs[i].n);
  if (fresh.rc) {
    int rc = fresh.rc;
    snStrSetClear(&fresh);
    return rc;
  }
  h = 0;
  for (u32 i = 0; i < c->n; i++)
    if (!flushIsHole(c, i, &h)) c->refs[i].p = fresh.refs[c->refs[i].id].p;
  snStrSetClear(&c->values);
  c->values = fresh;
  return SEINE_OK;
}

/* Strings of a dictionary column: the dictionary and the codes. */
static int flushDict(Memtable *m, MemColumn *c, SegWriter *w) {
  u32 *order = NULL, *rank = NULL;
  int rc = flushCompact(m, c);
  if (!rc) rc = flushSort(&c->values, m->budget, &order);
  if (!rc) rc = flushRanks(order, c->values.n, m->budget, &rank);
  if (rc) goto done;
  if (c->is_key) {
    rc = flushKeys(m, c, order, rank, w);
  } else {
    DictWriter d;
    Buf b;
    snBufInit(&b, m->budget);
    snDictWriteInit(&d, m->budget, false, false);
    for (u32 r = 0; r < c->values.n; r++) {
      const StrRef *s = c->values.refs + order[r];
      snDictWriteAdd(&d, s->p, s->n, 0, 0, NULL, 0);
    }
    snDictWriteEnd(&d, flushWith(c), &b);
    snDictWriteFree(&d);
    snSegWriteBuf(w, SEC_VALUES, c->column->id, &b);
    snBufClear(&b);
  }
  if (!rc) flushColumn(m, c, SEC_CODES, rank, w);
done:
  snMemFree(order);
  snMemFree(rank);
  return rc;
}

/* ---- words -------------------------------------------------------------- */

/* The occurrences of all words, sorted by (word, document, position). */
typedef struct FlushWords {
  u32 *at;           /* by word number: first occurrence; one more behind */
  u32 *doc, *pos;
  u64 n;
  u8 *norms;
  u32 with;          /* documents with a word */
} FlushWords;

static void flushWordsFree(FlushWords *f) {
  snMemFree(f->at);
  snMemFree(f->doc);
  snMemFree(f->pos);
  snMemFree(f->norms);
}

static int flushWordsAlloc(Memtable *m, MemColumn *c, FlushWords *f) {
  Budget *b = m->budget;
  f->at = snMemZero(b, (c->words.n + 2ull) * sizeof(u32));
  f->norms = snMemZero(b, m->ndocs + 1ull);
  if (!f->at || !f->norms) return SN_NOMEM;
  for (u32 i = 0; i < c->nlog; i++) {
    if (c->log[i] & MEM_JUMP) continue;
    f->at[c->log[i] + 2]++;
    f->n++;
  }
  for (u32 i = 2; i <= c->words.n + 1; i++) f->at[i] += f->at[i - 1];
  f->doc = snMemAlloc(b, (f->n + 1) * sizeof(u32));
  f->pos = snMemAlloc(b, (f->n + 1) * sizeof(u32));
  return f->doc && f->pos ? SEINE_OK : SN_NOMEM;
}

static void flushWordsSort(MemColumn *c, FlushWords *f) {
  u32 i = 0;
  for (u32 k = 0; k < c->ndocs; k++) {
    u32 pos = 0, len = 0, doc = snMemDoc(c, k);
    for (; i < c->log_end[k]; i++) {
      u32 v = c->log[i];
      if (v & MEM_JUMP) {
        if (v & MEM_BACK) pos--;
        else pos += v & ~MEM_JUMP;
        continue;
      }
      u32 at = f->at[v + 1]++;
      f->doc[at] = doc;
      f->pos[at] = pos++;
      len++;
    }
    f->norms[doc] = snNormPut(len);
    f->with += len != 0;
  }
}

/* The frequent words of the documents, as the log has them. */
typedef struct FlushPairs {
  Memtable *m;
  MemColumn *c;
  u16 *rank;         /* by word: its number among the frequent ones + 1, or 0 */
  KeyIdx *word;      /* of a document */
  u32 cap;
} FlushPairs;

static int flushPairDocs(void *arg, PairWriter *w) {
  FlushPairs *p = arg;
  MemColumn *c = p->c;
  u32 i = 0;
  for (u32 k = 0; k < c->ndocs && !flushStopped(p->m); k++) {
    u32 pos = 0, n = 0;
    int rc = snMemGrow(p->m->budget, &p->word, &p->cap,
        (u64)c->log_end[k] - i, sizeof *p->word);
    if (rc) return rc;
    for (; i < c->log_end[k]; i++) {
      u32 v = c->log[i];
      if (v & MEM_JUMP) {
        if (v & MEM_BACK) pos--;
        else pos += v & ~MEM_JUMP;
        continue;
      }
      if (p->rank[v]) p->word[n++] = (KeyIdx){pos, p->rank[v] - 1u};
      pos++;
    }
    snPairWriteDoc(w, snMemDoc(c, k), p->word, n);
    if (w->rc) return w->rc;
  }
  return SEINE_OK;
}

/* word: of each slot of pick. */
static int flushPairs(Memtable *m, MemColumn *c, PairPick *pick,
    const u32 *word, const FlushWords *f, double average, SegWriter *w) {
  FlushPairs p = {.m = m, .c = c};
  if (!pick->n) return SEINE_OK;
  p.rank = snMemZero(m->budget, c->words.n * sizeof *p.rank);
  if (!p.rank) return SN_NOMEM;
  snPairPickEnd(pick);
  for (u32 i = 0; i < pick->n; i++)
    p.rank[word[pick->v[i].slot]] = (u16)(i + 1);
  int rc = snPairWrite(w, c->column->id, pick, f->norms, average, NULL,
      m->budget, flushPairDocs, &p);
  snMemFree(p.rank);
  snMemFree(p.word);
  return rc;
}

static int flushWords(Memtable *m, MemColumn *c, SegWriter *w) {
  FlushWords f = {0};
  FieldWriter fw;
  PairPick pick;
  u32 *order = NULL, words[PAIR_WORDS], ord = 0, slot;
  snPairPickInit(&pick, m->budget, m->pairs);
  int rc = flushSort(&c->words, m->budget, &order);
  if (!rc) rc = flushWordsAlloc(m, c, &f);
  if (rc) goto done;
  flushWordsSort(c, &f);
  double average = (double)f.n / SN_MAX(f.with, 1u);
  snFieldWriteBegin(&fw, w, c->column->id, true, f.norms, average, m->budget);
  for (u32 r = 0; r < c->words.n && !flushStopped(m); r++) {
    u32 v = order[r];
    for (u32 i = f.at[v], j; i < f.at[v + 1]; i = j) {
      for (j = i + 1; j < f.at[v + 1] && f.doc[j] == f.doc[i]; j++) {}
      snFieldWriteDoc(&fw, f.doc[i], j - i, f.pos + i);
    }
    if (snPairPick(&pick, fw.post.df, ord, &slot)) words[slot] = v;
    ord += snFieldWriteTerm(&fw, c->words.refs[v].p, c->words.refs[v].n);
  }
  rc = snFieldWriteEnd(&fw, f.with);
  if (!rc) {
    snSegWriteBegin(w);
    snBufAdd(&w->buf, f.norms, m->ndocs);
    snSegWriteEnd(w, SEC_NORMS, c->column->id);
    rc = flushPairs(m, c, &pick, words, &f, average, w);
  }
done:
  flushWordsFree(&f);
  snMemFree(order);
  return rc;
}

/* ---- rows --------------------------------------------------------------- */

static bool flushIsRow(const MemColumn *c) {
  if (c->form != FORM_STR || c->is_array || c->is_key || !c->ndocs)
    return false;
  return !c->interned ||
      !snIndexUseDict(c->n, c->values.n, c->bytes_total);
}

static int flushRows(Memtable *m, SegWriter *w) {
  u32 ncol = m->table->ncol, n = 0;
  u32 *ids = snMemZero(m->budget, (ncol + 1ull) * sizeof *ids);
  u32 *cols = snMemZero(m->budget, (ncol + 1ull) * sizeof *cols);
  u32 *next = snMemZero(m->budget, (ncol + 1ull) * sizeof *next);
  u64 bytes = 0;
  int rc = ids && cols && next ? SEINE_OK : SN_NOMEM;
  for (u32 i = 0; !rc && i < ncol; i++) {
    if (!flushIsRow(m->col + i)) continue;
    ids[n] = m->col[i].column->id;
    cols[n++] = i;
    bytes += m->col[i].bytes_total;
  }
  if (!rc && n) {
    RowWriter r;
    snRowWriteBegin(&r, w, m->budget, ids, n, false);
    r.lz.plain = bytes < FLUSH_PLAIN;
    for (u32 d = 0; d < m->ndocs && !flushStopped(m); d++) {
      for (u32 i = 0; i < n; i++) {
        MemColumn *c = m->col + cols[i];
        u32 k = next[i];
        bool has = k < c->ndocs && snMemDoc(c, k) == d;
        if (has) next[i]++;
        snRowWriteAdd(&r, has ? c->refs[k].p : NULL, has ? c->refs[k].n : 0,
            !has);
      }
      snRowWriteNext(&r);
    }
    rc = snRowWriteEnd(&r);
  }
  snMemFree(ids);
  snMemFree(cols);
  snMemFree(next);
  return rc;
}

static void flushRowids(Memtable *m, SegWriter *w, SegmentRef *out) {
  ColFeed f;
  snColFeedInit(&f, m->budget, SEC_INTS, 0, TYPE_INTEGER);
  out->rowid_min = out->rowid_max = m->rowids[0];
  for (u32 d = 0; d < m->ndocs; d++) {
    snColFeedInt(&f, m->rowids[d]);
    out->rowid_min = SN_MIN(out->rowid_min, m->rowids[d]);
    out->rowid_max = SN_MAX(out->rowid_max, m->rowids[d]);
  }
  snColFeedEnd(&f, w);
}

static int flushOne(Memtable *m, MemColumn *c, SegWriter *w) {
  int rc = SEINE_OK;
  if (!c->ndocs) return SEINE_OK;
  if (c->form == FORM_INT) flushColumn(m, c, SEC_INTS, NULL, w);
  if (c->form == FORM_REAL) flushColumn(m, c, SEC_REALS, NULL, w);
  if (c->form == FORM_STR && !flushIsRow(c)) rc = flushDict(m, c, w);
  if (!rc && c->is_text) rc = flushWords(m, c, w);
  return rc;
}

static bool flushAscends(const Memtable *m) {
  for (u32 d = 1; d < m->ndocs; d++)
    if (m->rowids[d] <= m->rowids[d - 1]) return false;
  return true;
}

/* The rowid alone needs no section where it can be searched as it is. */
static int flushUnique(Memtable *m, const TableKey *k, SegWriter *w) {
  u64 words = m->ndocs / 64 + 1ull;
  u32 n = 0;
  if (!snConstraintIsChecked(k) || (snConstraintIsRowid(k) && flushAscends(m)))
    return SEINE_OK;
  u64 *hash = snMemAlloc(m->budget, (m->ndocs + 1ull) * sizeof *hash);
  u64 *has = snMemZero(m->budget, words * sizeof *has);
  KeyIdx *v = snMemAlloc(m->budget, (m->ndocs + 1ull) * sizeof *v);
  int rc = hash && has && v ? snMemtableHashes(m, k, hash, has) : SN_NOMEM;
  for (u32 d = 0; !rc && d < m->ndocs; d++)
    if (snBit(has, d)) v[n++] = (KeyIdx){hash[d], d};
  snMemFree(hash);
  snMemFree(has);
  if (!rc) rc = snKeyWriteAll(w, k->id, v, n, m->ndocs, m->budget);
  snMemFree(v);
  return rc;
}

/* All sections and the tail. */
static int flushBuild(Memtable *m, SegWriter *w, SegmentRef *out) {
  int rc = SEINE_OK;
  out->docs = m->ndocs;
  rc = flushRows(m, w);
  flushRowids(m, w, out);
  for (u32 i = 0; !rc && i < m->table->ncol; i++)
    rc = flushStopped(m) ? SEINE_INTERRUPT : flushOne(m, m->col + i, w);
  for (u32 i = 0; !rc && i < m->table->nkey; i++)
    rc = flushUnique(m, m->table->key + i, w);
  return !rc && flushStopped(m) ? SEINE_INTERRUPT : rc;
}

int snMemtableFlush(Memtable *m, Store *s, u64 id, SegmentRef *out) {
  SegWriter w;
  int rc = SEINE_OK;
  memset(out, 0, sizeof *out);
  if (!m->ndocs) {
    snMemtableEmpty(m);
    return SEINE_OK;
  }
  out->id = id;
  snSegWriteInit(&w, s, m->budget, id);
  rc = flushBuild(m, &w, out);
  if (rc) snSegWriteAbort(&w);
  else rc = snSegWriteFinish(&w, m->ndocs, &out->ref);
  if (!rc) snMemtableEmpty(m);
  return rc;
}

/* ---- in two steps ------------------------------------------------------- */

typedef struct FlushDraft {
  SegDraft head;
  SegWriter w;
  SegmentRef ref;
} FlushDraft;

int snMemtableDraft(Memtable *m, SegDraft **out) {
  FlushDraft *d = snMemZero(m->budget, sizeof *d);
  *out = NULL;
  if (!d) return SN_NOMEM;
  snSegWriteInit(&d->w, NULL, m->budget, 0);
  int rc = flushBuild(m, &d->w, &d->ref);
  if (!rc) {
    snSegWriteTail(&d->w, m->ndocs);
    rc = d->w.rc;
  }
  if (rc) {
    snFlushDrop(&d->head);
    return rc;
  }
  snMemtableEmpty(m);
  *out = &d->head;
  return SEINE_OK;
}

int snFlushWrite(SegDraft *draft, Store *s, u64 id, SegmentRef *out) {
  FlushDraft *d = (FlushDraft *)(void *)draft;
  *out = d->ref;
  out->id = id;
  int rc = snSegWriteStore(&d->w, s, id, &out->ref);
  snMemFree(d);
  return rc;
}

void snFlushDrop(SegDraft *draft) {
  FlushDraft *d = (FlushDraft *)(void *)draft;
  if (!d) return;
  snSegWriteAbort(&d->w);
  snMemFree(d);
}

int snFlushView(SegDraft *draft, Store *s, Table *t, View **out) {
  FlushDraft *d = (FlushDraft *)(void *)draft;
  Buf bytes;
  snBufInit(&bytes, snStoreBudget(s));
  snSegWriteBytes(&d->w, &bytes);
  int rc = bytes.rc ? bytes.rc : snViewMemory(s, t, &d->ref, &bytes, out);
  snBufClear(&bytes);
  snFlushDrop(draft);
  return rc;
}

#undef FLUSH_PLAIN
