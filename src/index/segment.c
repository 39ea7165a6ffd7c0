/*
** segment: opens a segment and finds its sections; a cache of open ones; a
** table's segments at a snapshot (View).
**
** Invariants: (1) an open Segment never changes but for its lazily opened
** readers; (2) a View keeps its segments and deletions open; (3) the cache
** holds one reference to each of its segments; (4) a Segment shows the
** patches of one snapshot: with others it is another one; (5) a Segment is
** of one thread; what several read has a twin in each.
*/
#include "index/indexInt.h"

#define SEGMENT_CACHE 512u

/* Appends the sections of an extent. */
static int segmentTable(Segment *g, Extent *x) {
  const u8 *tail, *tab;
  u64 len = snExtentLen(x);
  if (len < SEG_TAIL) return SN_CORRUPT;
  int rc = snExtentGet(x, len - SEG_TAIL, SEG_TAIL, &tail);
  if (rc) return rc;
  u32 n = snGet32(tail), nsec = snGet32(tail + 4);
  if (snGet32(tail + 12) != SEG_MAGIC || snGet32(tail + 8) != g->docs)
    return SN_CORRUPT;
  if (n > len - SEG_TAIL || nsec > n / 3) return SN_CORRUPT;
  rc = snExtentGet(x, len - SEG_TAIL - n, n, &tab);
  if (!rc)
    rc = snMemGrow(g->budget, &g->sec, &g->sec_cap, g->nsec + nsec + 1ull,
        sizeof *g->sec);
  if (rc) return rc;
  Rd r = {tab, tab + n, false};
  u64 at = 0;
  for (u32 i = 0; i < nsec; i++) {
    Section s = {.patch = x == g->extent ? NULL : x};
    s.kind = snRdByte(&r);
    s.column = snRdU32v(&r);
    s.len = snRdVarint(&r);
    at = (at + 7) / 8 * 8;
    s.at = at;
    if (r.bad || !s.kind || s.kind >= SEC_KINDS || at > len ||
        s.len > len - at)
      return SN_CORRUPT;
    at += s.len;
    g->sec[g->nsec++] = s;
  }
  return r.p == r.end ? SEINE_OK : SN_CORRUPT;
}

/* The one section of a patch comes behind those of the segment. */
static int segmentPatch(Segment *g, Store *s, const ColumnPatch *p) {
  Extent *x;
  int rc = snExtentOpen(s, &p->ref, &x);
  if (rc) return rc;
  u32 n = g->nsec;
  rc = segmentTable(g, x);
  const Section *sec = g->sec + n;
  if (!rc && (g->nsec != n + 1 || sec->column != p->column ||
                 (sec->kind != SEC_INTS && sec->kind != SEC_REALS &&
                     sec->kind != SEC_KEYS)))
    rc = SN_CORRUPT;
  if (!rc) {
    g->patch[g->npatch++] = *p;
    return SEINE_OK;
  }
  g->nsec = n;
  snExtentDrop(x);
  return rc;
}

/* What a lost patch stood for is no value of now: sections that cannot be
** opened take its place. */
static int segmentHide(Segment *g, Store *s, const ColumnPatch *p, int rc) {
  rc = snLostPass(s, rc, "segment %llu: column %u was written again and cannot "
      "be read", (unsigned long long)g->id, p->column);
  if (!rc)
    rc = snMemGrow(g->budget, &g->sec, &g->sec_cap, g->nsec + 3ull,
        sizeof *g->sec);
  if (rc) return rc;
  g->sec[g->nsec++] = (Section){.kind = SEC_INTS, .column = p->column};
  g->sec[g->nsec++] = (Section){.kind = SEC_REALS, .column = p->column};
  g->patch[g->npatch++] = *p;
  return SEINE_OK;
}

/* Of an opening: within the process no other has it. */
static u64 segmentSerial(void) {
  static u64 last;
  return __atomic_add_fetch(&last, 1, __ATOMIC_RELAXED);
}

int snSegmentOpen(Store *s, const SegmentRef *ref, const ColumnPatch *patch,
    u32 npatch, Segment **out) {
  Budget *b = snStoreBudget(s);
  Segment *g = snMemZero(b, sizeof *g);
  *out = NULL;
  if (!g) return SN_NOMEM;
  g->refs = 1;
  g->docs = ref->docs;
  g->id = ref->id;
  g->serial = segmentSerial();
  g->rowid_min = ref->rowid_min;
  g->rowid_max = ref->rowid_max;
  g->ref = ref->ref;
  g->budget = b;
  int rc = snExtentOpen(s, &ref->ref, &g->extent);
  if (!rc && (!g->docs || g->docs > DOC_MAX)) rc = SN_CORRUPT;
  if (!rc) rc = segmentTable(g, g->extent);
  if (!rc && npatch) {
    g->patch = snMemAlloc(b, npatch * sizeof *g->patch);
    if (!g->patch) rc = SN_NOMEM;
  }
  for (u32 i = 0; !rc && i < npatch; i++) {
    rc = segmentPatch(g, s, patch + i);
    if (rc) rc = segmentHide(g, s, patch + i, rc);
  }
  if (rc) snSegmentDrop(g);
  else *out = g;
  return rc;
}

/* The bytes of a segment that was never written; they are taken over. */
static int segmentMemory(Store *s, const SegmentRef *ref, Buf *bytes,
    Segment **out) {
  Budget *b = snStoreBudget(s);
  Segment *g = *out = snMemZero(b, sizeof *g);
  if (!g) return SN_NOMEM;
  g->refs = 1;
  g->docs = ref->docs;
  g->serial = segmentSerial();
  g->rowid_min = ref->rowid_min;
  g->rowid_max = ref->rowid_max;
  g->budget = b;
  int rc = snExtentMemory(s, bytes, &g->extent);
  return rc ? rc : segmentTable(g, g->extent);
}

/* ---- words that are made late ------------------------------------------- */

static void segmentLaterDrop(Segment *g) {
  if (g->later.make) g->later.drop(g->later.arg);
  g->later = (SegmentWords){0};
}

void snSegmentLater(Segment *g, const SegmentWords *w) {
  segmentLaterDrop(g);
  g->later = *w;
}

static int segmentMakeWords(Segment *g) {
  View *v = NULL;
  if (!g->later.make) return SEINE_OK;
  int rc = g->later.make(g->later.arg, &v);
  if (!rc && (!v || v->seg[0]->docs != g->docs)) rc = SN_CORRUPT;
  if (!rc) g->words = snSegmentKeep(v->seg[0]);
  snViewDrop(v);
  if (!rc) segmentLaterDrop(g);
  return rc;
}

int snSegmentWords(Segment *g, SecKind k, u32 column, Segment **of,
    Section **out) {
  *of = g;
  *out = snSegmentFind(g, k, column);
  if (*out) return SEINE_OK;
  int rc = segmentMakeWords(g);
  if (rc || !g->words) return rc;
  *of = g->words;
  *out = snSegmentFind(g->words, k, column);
  return SEINE_OK;
}

/* ---- keeping ------------------------------------------------------------ */

Segment *snSegmentKeep(Segment *g) {
  g->refs++;
  return g;
}

void snSegmentDrop(Segment *g) {
  if (!g || --g->refs) return;
  for (u32 i = 0; i < g->nsec; i++) {
    snDictFree(g->sec[i].dict);
    snExtentDrop(g->sec[i].patch);
  }
  snColFreeAll(g->cols);
  segmentLaterDrop(g);
  snSegmentDrop(g->words);
  snMemFree(g->sec);
  snMemFree(g->patch);
  snExtentDrop(g->extent);
  snMemFree(g);
}

u32 snSegmentDocs(const Segment *g) { return g->docs; }
u64 snSegmentId(const Segment *g) { return g->id; }
u64 snSegmentSerial(const Segment *g) { return g->serial; }

Section *snSegmentFind(const Segment *g, SecKind k, u32 column) {
  for (u32 i = g->nsec; i-- > 0;)
    if (g->sec[i].kind == k && g->sec[i].column == column) return g->sec + i;
  return NULL;
}

SegmentReads *snSegmentReads(void) {
  static _Thread_local SegmentReads reads;
  return &reads;
}

int snSegmentGet(Segment *g, const Section *s, u64 at, u64 n,
    const u8 **out) {
  *out = NULL;
  if (at > s->len || n > s->len - at) return SN_CORRUPT;
  return snExtentGet(s->patch ? s->patch : g->extent, s->at + at, n, out);
}

void snSegmentBytes(const Segment *g, SegmentBytes *out) {
  u64 sum = 0, all = snExtentLen(g->extent);
  memset(out, 0, sizeof *out);
  out->patches = g->npatch;
  out->pages = snExtentPages(all);
  for (u32 i = 0; i < g->npatch; i++) {
    all += g->patch[i].ref.len;
    out->pages += snExtentPages(g->patch[i].ref.len);
  }
  for (u32 i = 0; i < g->nsec; i++) {
    const Section *s = g->sec + i;
    if (snSegmentFind(g, s->kind, s->column) != s) continue; /* hidden */
    sum += s->len;
    switch (s->kind) {
    case SEC_POST:
    case SEC_PAIRS:
    case SEC_PAIR_POST:
    case SEC_PAIR_WORDS: out->postings += s->len; break;
    case SEC_NORMS: out->norms += s->len; break;
    case SEC_TERMS:
    case SEC_VALUES:
    case SEC_KEYS: out->terms += s->len; break;
    case SEC_ROWS: out->rows += s->len; break;
    default: out->columns += s->len; break;
    }
  }
  out->other = all - sum;
}

/* ---- the cache ---------------------------------------------------------- */

struct SegmentCache {
  Store *store;
  u64 stamp;
  u32 n, cap;
  Segment **seg;
  Live **live;       /* beside each segment: the deletions last asked for */
  ExtentRef *live_ref;
  ExtentRef *ref;    /* of each segment: ids come back after a rollback */
};

int snSegmentCacheNew(Store *s, SegmentCache **out) {
  *out = snMemZero(snStoreBudget(s), sizeof **out);
  if (!*out) return SN_NOMEM;
  (*out)->store = s;
  return SEINE_OK;
}

static void segmentCacheRemove(SegmentCache *c, u32 i) {
  snSegmentDrop(c->seg[i]);
  snLiveDrop(c->live[i]);
  c->n--;
  c->seg[i] = c->seg[c->n];
  c->live[i] = c->live[c->n];
  c->live_ref[i] = c->live_ref[c->n];
  c->ref[i] = c->ref[c->n];
}

void snSegmentCacheFree(SegmentCache *c) {
  if (!c) return;
  while (c->n) segmentCacheRemove(c, c->n - 1);
  snMemFree(c->seg);
  snMemFree(c->live);
  snMemFree(c->live_ref);
  snMemFree(c->ref);
  snMemFree(c);
}

static void segmentCacheEvict(SegmentCache *c) {
  while (c->n >= SEGMENT_CACHE) {
    u32 best = UINT32_MAX;
    for (u32 i = 0; i < c->n; i++)
      if (c->seg[i]->refs == 1 &&
          (best == UINT32_MAX || c->seg[i]->stamp < c->seg[best]->stamp))
        best = i;
    if (best == UINT32_MAX) return;
    segmentCacheRemove(c, best);
  }
}

static int segmentCacheGrow(SegmentCache *c) {
  Budget *b = snStoreBudget(c->store);
  u32 cap[4] = {c->cap, c->cap, c->cap, c->cap};
  u64 n = c->n + 1ull;
  int rc = snMemGrow(b, &c->seg, &cap[0], n, sizeof *c->seg);
  if (!rc) rc = snMemGrow(b, &c->live, &cap[1], n, sizeof *c->live);
  if (!rc) rc = snMemGrow(b, &c->live_ref, &cap[2], n, sizeof *c->live_ref);
  if (!rc) rc = snMemGrow(b, &c->ref, &cap[3], n, sizeof *c->ref);
  if (!rc) c->cap = SN_MIN(SN_MIN(cap[0], cap[1]), SN_MIN(cap[2], cap[3]));
  return rc;
}

static bool segmentPatched(const Segment *g, const ColumnPatch *p, u32 n) {
  bool same = g->npatch == n;
  for (u32 i = 0; same && i < n; i++)
    same = g->patch[i].column == p[i].column &&
        snExtentSame(&g->patch[i].ref, &p[i].ref);
  return same;
}

/* The deletions beside a segment stay when its patches change. */
static int segmentCacheGet(SegmentCache *c, const SegmentRef *ref,
    const ColumnPatch *patch, u32 npatch, u32 *at) {
  for (u32 i = 0; i < c->n; i++) {
    if (c->seg[i]->id != ref->id) continue;
    if (!snExtentSame(c->ref + i, &ref->ref)) {
      segmentCacheRemove(c, i);
      break;
    }
    if (!segmentPatched(c->seg[i], patch, npatch)) {
      Segment *g;
      int rc = snSegmentOpen(c->store, ref, patch, npatch, &g);
      if (rc) return rc;
      snSegmentDrop(c->seg[i]);
      c->seg[i] = g;
    }
    c->seg[i]->stamp = ++c->stamp;
    *at = i;
    return SEINE_OK;
  }
  segmentCacheEvict(c);
  int rc = segmentCacheGrow(c);
  if (rc) return rc;
  rc = snSegmentOpen(c->store, ref, patch, npatch, &c->seg[c->n]);
  if (rc) return rc;
  c->live[c->n] = NULL;
  c->ref[c->n] = ref->ref;
  c->seg[c->n]->stamp = ++c->stamp;
  *at = c->n++;
  return SEINE_OK;
}

static int segmentCacheLive(SegmentCache *c, u32 at, const LiveRef *ref,
    Live **out) {
  *out = NULL;
  if (!ref->deleted) return SEINE_OK;
  if (!c->live[at] || !snExtentSame(c->live_ref + at, ref->ref)) {
    Live *l;
    int rc = snLiveOpen(c->store, ref, c->seg[at]->docs, &l);
    if (rc) return rc;
    snLiveDrop(c->live[at]);
    c->live[at] = l;
    c->live_ref[at] = ref->ref[0];
  }
  *out = snLiveKeep(c->live[at]);
  return SEINE_OK;
}

/* ---- views -------------------------------------------------------------- */

/* With room for n segments, in one piece: each statement opens views. */
static View *segmentView(Budget *b, Table *t, u32 n) {
  View *v = snMemZero(b, sizeof *v + n * (sizeof *v->seg + sizeof *v->live));
  if (!v) return NULL;
  v->refs = 1;
  v->table = snTableKeep(t);
  v->seg = (Segment **)(void *)(v + 1);
  v->live = (Live **)(void *)(v->seg + n);
  return v;
}

static int segmentLost(Store *s, const TableState *t, u32 i, int rc,
    const char *what) {
  const SegmentRef *r = t->seg + i;
  return snLostPass(s, rc, "table %s, segment %llu of %u rows: %s",
      t->table->name, (unsigned long long)r->id,
      r->docs - SN_MIN(r->docs, r->live.deleted), what);
}

/* Every byte is looked at now, so that the segment is named whose values may
** be wrong. */
static int segmentDoubt(SegmentCache *c, u32 at, const TableState *t, u32 i) {
  const Segment *g = c->seg[at];
  int rc = snExtentVerify(g->extent);
  bool doubt = snExtentDoubtful(g->extent);
  for (u32 k = 0; !rc && k < g->nsec; k++) {
    if (!g->sec[k].patch) continue;
    rc = snExtentVerify(g->sec[k].patch);
    doubt = doubt || snExtentDoubtful(g->sec[k].patch);
  }
  if (!rc && doubt)
    rc = segmentLost(c->store, t, i, SN_CORRUPT, "bytes are damaged: of its "
        "values some may be wrong");
  return rc;
}

int snViewOpen(SegmentCache *c, const TableState *t, View **out) {
  return snViewOpenWith(c, t, NULL, 0, out);
}

int snViewOpenWith(SegmentCache *c, const TableState *t,
    Segment *const *last, u32 more, View **out) {
  View *v = segmentView(snStoreBudget(c->store), t->table, t->nseg + more);
  int rc = SEINE_OK;
  *out = NULL;
  if (!v) return SN_NOMEM;
  for (u32 i = 0; !rc && i < t->nseg; i++) {
    u32 at, npatch, n = v->n;
    const ColumnPatch *p = snTableStatePatches(t, t->seg[i].id, &npatch);
    rc = segmentCacheGet(c, t->seg + i, p, npatch, &at);
    if (rc) {
      rc = segmentLost(c->store, t, i, rc, "its rows are lost");
      continue;
    }
    v->seg[n] = snSegmentKeep(c->seg[at]);
    v->n = n + 1;
    rc = segmentCacheLive(c, at, &t->seg[i].live, &v->live[n]);
    rc = segmentLost(c->store, t, i, rc, "which of its rows were deleted is "
        "lost, and they are back");
    if (!rc && snLostAllowed(c->store)) rc = segmentDoubt(c, at, t, i);
    v->total += t->seg[i].docs;
    v->live_total += t->seg[i].docs - t->seg[i].live.deleted;
  }
  for (u32 i = 0; !rc && i < more; i++) {
    v->seg[v->n++] = snSegmentKeep(last[i]);
    v->total += last[i]->docs;
    v->live_total += last[i]->docs;
  }
  if (rc) snViewDrop(v);
  else *out = v;
  return rc;
}

bool snViewStands(const View *v, u32 i, const TableState *t, u32 k) {
  u32 n;
  const ColumnPatch *p = snTableStatePatches(t, t->seg[k].id, &n);
  const Segment *g = v->seg[i];
  return t->seg[k].id == g->id && t->seg[k].docs == g->docs &&
      segmentPatched(g, p, n);
}

int snViewMemory(Store *s, Table *t, const SegmentRef *ref, Buf *bytes,
    View **out) {
  View *v = segmentView(snStoreBudget(s), t, 1);
  *out = NULL;
  if (!v) return SN_NOMEM;
  v->n = 1;
  v->total = v->live_total = ref->docs;
  int rc = segmentMemory(s, ref, bytes, v->seg);
  if (rc) snViewDrop(v);
  else *out = v;
  return rc;
}

/* A copy of one that is in no file, for another thread. */
static int segmentCopy(Store *s, const Segment *of, Segment **out) {
  SegmentRef ref = {.docs = of->docs, .rowid_min = of->rowid_min,
      .rowid_max = of->rowid_max};
  const u8 *p;
  Buf bytes;
  *out = NULL;
  snBufInit(&bytes, snStoreBudget(s));
  int rc = snExtentGet(of->extent, 0, snExtentLen(of->extent), &p);
  assert(!rc); /* of memory all is there */
  snBufAdd(&bytes, p, (size_t)snExtentLen(of->extent));
  rc = bytes.rc;
  if (!rc) rc = segmentMemory(s, &ref, &bytes, out);
  if (!rc) (*out)->serial = of->serial;
  snBufClear(&bytes);
  if (rc) snSegmentDrop(*out);
  return rc;
}

/* Words are made before: who makes them is of one thread. */
static int segmentTwin(Store *s, Segment *of, Segment **out) {
  int rc = segmentMakeWords(of);
  if (!rc) rc = segmentCopy(s, of, out);
  if (rc || !of->words) return rc;
  rc = segmentCopy(s, of->words, &(*out)->words);
  if (!rc) return SEINE_OK;
  (*out)->words = NULL;
  snSegmentDrop(*out);
  return rc;
}

int snViewTwin(SegmentCache *c, const View *of, View **out) {
  View *v = segmentView(snStoreBudget(c->store), of->table, of->n);
  int rc = SEINE_OK;
  *out = NULL;
  if (!v) return SN_NOMEM;
  for (u32 i = 0; !rc && i < of->n; i++) {
    Segment *g = of->seg[i];
    SegmentRef ref = {.ref = g->ref, .id = g->id, .docs = g->docs,
        .rowid_min = g->rowid_min, .rowid_max = g->rowid_max};
    u32 at;
    if (!g->ref.page) {
      rc = segmentTwin(c->store, g, &v->seg[i]);
      if (!rc) v->n = i + 1;
      continue;
    }
    rc = segmentCacheGet(c, &ref, g->patch, g->npatch, &at);
    if (rc) break;
    c->seg[at]->serial = g->serial;
    v->seg[i] = snSegmentKeep(c->seg[at]);
    v->n = i + 1;
    if (of->live[i]) v->live[i] = snLiveKeep(of->live[i]);
  }
  v->total = of->total;
  v->live_total = of->live_total;
  if (rc) snViewDrop(v);
  else *out = v;
  return rc;
}

View *snViewKeep(View *v) {
  v->refs++;
  return v;
}

void snViewDrop(View *v) {
  if (!v || --v->refs) return;
  for (u32 i = 0; i < v->n; i++) {
    snSegmentDrop(v->seg[i]);
    snLiveDrop(v->live[i]);
  }
  snTableDrop(v->table);
  snMemFree(v);
}
#undef SEGMENT_CACHE
