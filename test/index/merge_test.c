/*
** merge_test: segments and their deletions become one segment.
**   1. random segments with random deletions, merged, and merged once more
**   2. a column younger than some segments; all rows deleted; cancelled
**   3. same input, same bytes
**   4. each allocation of a flush and a merge fails once
**   5. which segments are chosen
**   6. 1 and 4 in the order of columns, as a model sorts its rows
** In 1, 4 and 6 threads help with some, and must make the same bytes.
*/
#include "index/model.h"

typedef struct Group {
  Store *s;
  TableState *st;
  SegmentCache *cache;
  View *view;
  Model all;   /* what is left of all segments, in order */
  MergeBy by[3];
  u32 nby;     /* columns of another order */
} Group;

static int testGroupInit(Group *g, Store *s, Table *t) {
  memset(g, 0, sizeof *g);
  g->s = s;
  g->st = snTableStateNew(&test_budget, t);
  testModelInit(&g->all, t);
  if (!g->st) return SEINE_NOMEM;
  return snSegmentCacheNew(s, &g->cache);
}

static void testGroupClear(Group *g) {
  snViewDrop(g->view);
  snSegmentCacheFree(g->cache);
  snTableStateDrop(g->st);
  testModelClear(&g->all);
}

static int testGroupAdd(Group *g, const SegmentRef *ref) {
  SegmentRef *to = snMemRealloc(NULL, g->st->seg,
      (g->st->nseg + 2) * sizeof *to);
  if (!to) return SEINE_NOMEM;
  g->st->seg = to;
  to[g->st->nseg++] = *ref;
  return SEINE_OK;
}

/* Deletes rows of segment i with chance 1 / of; keep tells which stay. */
static int testGroupDelete(Group *g, u32 i, u32 of, bool *keep) {
  SegmentRef *r = g->st->seg + i;
  u32 nwin = (r->docs + SN_WINDOW - 1) / SN_WINDOW;
  u64 **bits = calloc(nwin, sizeof *bits);
  int rc = SEINE_OK;
  for (u32 d = 0; d < r->docs; d++) {
    u32 w = d / SN_WINDOW;
    keep[d] = !of || testRandom(of) != 0;
    if (keep[d]) continue;
    if (!bits[w]) bits[w] = calloc(SN_WORDS, 8);
    snBitSet(bits[w], d % SN_WINDOW);
  }
  rc = snLiveWrite(g->s, NULL, bits, r->docs, r->id, &r->live);
  for (u32 w = 0; w < nwin; w++) free(bits[w]);
  free(bits);
  return rc;
}

static int testGroupFill(Group *g, const Model *m, u64 id, u32 of) {
  SegmentRef ref;
  bool *keep = malloc(m->n + 1);
  int rc = testFlush(g->s, m, id, &ref);
  if (!rc) rc = testGroupAdd(g, &ref);
  if (!rc) rc = testGroupDelete(g, g->st->nseg - 1, of, keep);
  if (!rc) testModelAdd(&g->all, m, keep);
  free(keep);
  return rc;
}

/* ---- another order ------------------------------------------------------- */

static void testOrder(Group *g) {
  const Table *t = g->st->table;
  while (!g->nby || (g->nby < 3 && testRandom(2))) {
    u32 k = testRandom(t->ncol + 1);
    u8 type = k == t->ncol ? TYPE_INTEGER : t->col[k].type;
    if (!snMergeOrders(type)) continue;
    g->by[g->nby++] = (MergeBy){k == t->ncol ? 0 : t->col[k].id, type,
        testRandom(2), testRandom(2)};
  }
}

static int testOrderBy(const Model *m, const MergeBy *by, u32 a, u32 b) {
  Val x = {.i = m->rowid[a]}, y = {.i = m->rowid[b]};
  int c;
  for (u32 k = 0; by->column && k < m->t->ncol; k++) {
    if (m->t->col[k].id != by->column) continue;
    x = *testVal(m, a, k);
    y = *testVal(m, b, k);
  }
  if (x.null || y.null)
    return x.null == y.null ? 0 : x.null == by->nulls_first ? -1 : 1;
  if (snTypeForm(by->type) == FORM_STR) c = snStrCmp(x.p, x.n, y.p, y.n);
  else if (by->type != TYPE_REAL) c = (x.i > y.i) - (x.i < y.i);
  else if (isnan(x.d) || isnan(y.d)) c = !!isnan(x.d) - !!isnan(y.d);
  else c = (x.d > y.d) - (x.d < y.d);
  return by->desc ? -c : c;
}

static bool testOrderAfter(const Group *g, u32 a, u32 b) {
  int c = 0;
  for (u32 k = 0; !c && k < g->nby; k++)
    c = testOrderBy(&g->all, g->by + k, a, b);
  return c > 0;
}

/* Insertion, which keeps the order of equals. */
static void testOrderModel(Group *g) {
  Model m;
  u32 n = g->all.n, *at = malloc((n + 1) * sizeof *at);
  testModelInit(&m, g->all.t);
  for (u32 i = 0, k; i < n; i++) {
    for (k = i; k && testOrderAfter(g, at[k - 1], i); k--) at[k] = at[k - 1];
    at[k] = i;
  }
  for (u32 i = 0; i < n; i++)
    memcpy(testModelRow(&m, g->all.rowid[at[i]]), testVal(&g->all, at[i], 0),
        m.t->ncol * sizeof(Val));
  free(at);
  m.arena = g->all.arena;
  free(g->all.rowid);
  free(g->all.v);
  g->all = m;
}

static u32 test_helpers;    /* threads beside the caller's */
static bool test_failing;   /* allocations fail */

static u64 testHashRef(Store *s, const SegmentRef *ref) {
  Extent *x;
  const u8 *p;
  if (snExtentOpen(s, &ref->ref, &x)) return 0;
  u64 n = snExtentLen(x), h = 0;
  if (!snExtentGet(x, 0, n, &p)) h = snHash(p, n, 1);
  snExtentDrop(x);
  return h;
}

static int testMergeBy(Group *g, const MergeEnv *e, u64 id, SegmentRef *out) {
  return g->nby ? snMergeSort(e, g->by, g->nby, id, out)
                : snMergeRun(e, 0, g->view->n, id, out);
}

/* By threads; and alone, which must give the same bytes. */
static int testMergeHelped(Group *g, MergeEnv *e, u64 id, SegmentRef *out) {
  SegmentCache *cache[4] = {0};
  View *twin[4] = {0};
  SegmentRef alone = {0};
  int rc = SEINE_OK;
  e->twin = twin;
  e->ntwin = test_helpers;
  for (u32 i = 0; !rc && i < test_helpers; i++) {
    rc = snSegmentCacheNew(g->s, cache + i);
    if (!rc) rc = snViewTwin(cache[i], g->view, twin + i);
  }
  if (!rc) rc = testMergeBy(g, e, id, out);
  e->ntwin = 0;
  if (!rc && !test_failing) rc = testMergeBy(g, e, id, &alone);
  if (!rc && alone.docs) {
    if (testHashRef(g->s, out) != testHashRef(g->s, &alone)) rc = SEINE_ERROR;
    (void)snWriterFree(g->s, &alone.ref);
  }
  for (u32 i = 0; i < test_helpers; i++) {
    snViewDrop(twin[i]);
    snSegmentCacheFree(cache[i]);
  }
  return rc;
}

static int testGroupMerge(Group *g, u64 id, SegmentRef *out) {
  snViewDrop(g->view);
  g->view = NULL;
  int rc = snViewOpen(g->cache, g->st, &g->view);
  if (rc) return rc;
  MergeEnv e = {.store = g->s, .budget = &test_budget, .view = g->view,
      .pairs = g->nby ? 8 : 0};
  if (g->nby) testOrderModel(g);
  if (test_helpers) rc = testMergeHelped(g, &e, id, out);
  else rc = testMergeBy(g, &e, id, out);
  return rc;
}

static bool testSameRef(Store *s, const SegmentRef *ref, const Model *m) {
  Segment *g;
  if (!m->n) return ref->docs == 0 && !ref->ref.page;
  int rc = snSegmentOpen(s, ref, NULL, 0, &g);
  if (rc) return testNo("open of a merged one", (u64)rc, m->n);
  bool good = testSame(m, g) && testCheck(g, m->t);
  snSegmentDrop(g);
  return good;
}

/* n segments of about `rows` rows. */
static bool testMergeRandom(u32 n, u32 rows, bool twice, bool order) {
  Store *s = testWriter();
  Table *t = testTable(true);
  Model m[10];
  Group g, h;
  SegmentRef ref = {0};
  u32 styles[64];
  static const u32 of[] = {0, 2, 10, 100, 1, 3};
  testStyles(t, styles);
  int rc = testGroupInit(&g, s, t);
  if (order && !rc) testOrder(&g);
  for (u32 i = 0; i < n; i++) {
    testModelInit(m + i, t);
    for (u32 k = 0; k < t->ncol; k++)
      if (!testRandom(3)) styles[k] = testRandom(16) | testRandom(11) << 4;
    testFillRows(m + i, 1 + testRandom(rows), styles);
    if (!rc)
      rc = testGroupFill(&g, m + i, i + 1, of[testRandom(SN_COUNT(of))]);
  }
  if (!rc) rc = testGroupMerge(&g, 100, &ref);
  bool good = !rc || testNo("merge", (u64)rc, 0);
  good = good && testSameRef(s, &ref, &g.all);
  if (good && twice && ref.docs) {
    bool *keep = malloc(ref.docs);
    rc = testGroupInit(&h, s, t);
    if (!rc) rc = testGroupAdd(&h, &ref);
    if (!rc) rc = testGroupDelete(&h, 0, 4, keep);
    if (!rc) testModelAdd(&h.all, &g.all, keep);
    if (!rc) rc = testGroupFill(&h, m, 101, 3);
    if (!rc) rc = testGroupMerge(&h, 102, &ref);
    good = !rc || testNo("second merge", (u64)rc, 0);
    good = good && testSameRef(s, &ref, &h.all);
    free(keep);
    testGroupClear(&h);
  }
  testGroupClear(&g);
  for (u32 i = 0; i < n; i++) testModelClear(m + i);
  snTableDrop(t);
  testClose(s);
  return good;
}

/* ---- 2 ------------------------------------------------------------------ */

static void testYounger(void) {
  Store *s = testWriter();
  Table *t = testTable(true), *old = snTableCopy(&test_budget, t);
  Model a, b;
  Group g;
  SegmentRef ref;
  u32 styles[64];
  while (old->ncol > 11) snTableRemoveColumn(old, old->ncol - 1);
  testStyles(t, styles);
  testModelInit(&a, old);
  testModelInit(&b, t);
  testFillRows(&a, 5000, styles);
  testFillRows(&b, 300, styles);
  testRc(testGroupInit(&g, s, t), SEINE_OK, "init");
  testRc(testFlush(s, &a, 1, &ref), SEINE_OK, "flush of the older");
  testRc(testGroupAdd(&g, &ref), SEINE_OK, "add");
  for (u32 i = 0; i < a.n; i++)
    memcpy(testModelRow(&g.all, a.rowid[i]), testVal(&a, i, 0),
        old->ncol * sizeof(Val));
  testRc(testGroupFill(&g, &b, 2, 5), SEINE_OK, "flush of the younger");
  testRc(testGroupMerge(&g, 3, &ref), SEINE_OK, "merge");
  testOk(testSameRef(s, &ref, &g.all), "a younger column");
  testGroupClear(&g);
  testModelClear(&a);
  testModelClear(&b);
  snTableDrop(t);
  snTableDrop(old);
  testClose(s);
}

static int testCancel(void *arg) {
  u32 *left = arg;
  return !*left || !--*left;
}

static void testNothing(void) {
  Store *s = testWriter();
  Table *t = testTable(true);
  Model m;
  Group g;
  SegmentRef ref;
  u32 styles[64], asked = 0;
  int rc;
  testStyles(t, styles);
  testModelInit(&m, t);
  testFillRows(&m, 5000, styles);
  testRc(testGroupInit(&g, s, t), SEINE_OK, "init");
  testRc(testGroupFill(&g, &m, 1, 1), SEINE_OK, "all rows deleted");
  testRc(testGroupMerge(&g, 2, &ref), SEINE_OK, "merge");
  testOk(ref.docs == 0 && ref.ref.page == 0, "leaves nothing");
  testRc(testGroupFill(&g, &m, 3, 7), SEINE_OK, "another");
  testRc(testGroupMerge(&g, 4, &ref), SEINE_OK, "merge");
  testOk(testSameRef(s, &ref, &g.all), "leaves the other");
  do {
    u32 left = ++asked;
    rc = snMergeRun(&(MergeEnv){.store = s, .budget = &test_budget,
        .view = g.view, .cancelled = testCancel, .arg = &left}, 0, 2, 5, &ref);
  } while (rc == SEINE_INTERRUPT && asked < 1000);
  printf("# asked %u times\n", asked);
  testOk(rc == SEINE_OK && asked > 5, "cancelled at every question");
  testGroupClear(&g);
  testModelClear(&m);
  snTableDrop(t);
  testClose(s);
}

/* ---- 3 ------------------------------------------------------------------ */

static u64 testOnce(u64 state, u64 *merged) {
  Store *s = testWriter();
  Table *t = testTable(true);
  Model m[3];
  Group g;
  SegmentRef ref;
  u32 styles[64];
  u64 h = 0;
  test_state = state;
  testStyles(t, styles);
  int rc = testGroupInit(&g, s, t);
  for (u32 i = 0; i < 3; i++) {
    testModelInit(m + i, t);
    testFillRows(m + i, 3000, styles);
    void *noise = malloc(1 + state % 1000); /* other places in memory */
    if (!rc) rc = testGroupFill(&g, m + i, i + 1, 6);
    if (!rc) h = h * 31 + testHashRef(s, g.st->seg + i);
    free(noise);
  }
  if (!rc) rc = testGroupMerge(&g, 9, &ref);
  *merged = rc ? 0 : testHashRef(s, &ref);
  testGroupClear(&g);
  for (u32 i = 0; i < 3; i++) testModelClear(m + i);
  snTableDrop(t);
  testClose(s);
  return rc ? 0 : h;
}

static void testBytes(void) {
  u64 a, b, state = test_state;
  u64 x = testOnce(state, &a), y = testOnce(state, &b);
  testOk(x && x == y, "same rows, same bytes");
  testOk(a && a == b, "same segments, same bytes");
}

/* ---- 4 ------------------------------------------------------------------ */

static void testMemory(bool order) {
  Table *t = testTable(true);
  Model m;
  u32 styles[64];
  i64 n = 0, step = 1;
  int rc = SEINE_NOMEM;
  bool good = true;
  testStyles(t, styles);
  testModelInit(&m, t);
  testFillRows(&m, 40, styles);
  for (n = 1; good && rc && n < 200000; n += step) {
    i64 used = test_budget.used;
    Store *s = testWriter();
    Group g;
    SegmentRef ref;
    rc = testGroupInit(&g, s, t);
    if (order && !rc) testOrder(&g);
    snFaultMem(n, false);
    test_failing = true;
    if (!rc) rc = testGroupFill(&g, &m, 1, 3);
    if (!rc) rc = testGroupFill(&g, &m, 2, 3);
    if (!rc) rc = testGroupMerge(&g, 3, &ref);
    snFaultMem(0, false);
    test_failing = false;
    good = rc == SEINE_OK || rc == SEINE_NOMEM;
    if (!good) testNo("rc", (u64)rc, (u64)n);
    if (!rc) good = testSameRef(s, &ref, &g.all);
    testGroupClear(&g);
    testClose(s);
    if (test_budget.used > used) good = testNo("left", (u64)n, 0);
    step = n < 300 ? 1 : n < 3000 ? 7 : 41;
  }
  printf("# %lld allocations\n", (long long)n);
  testOk(good && !rc, "each allocation fails once");
  testModelClear(&m);
  snTableDrop(t);
}

/* ---- 5 ------------------------------------------------------------------ */

static void testPick(void) {
  SegmentRef seg[32] = {0};
  TableState st = {.seg = seg};
  u32 from, to;
  for (u32 i = 0; i < 32; i++) {
    seg[i].docs = 1000;
    seg[i].ref.len = 10000;
  }
  st.nseg = 7;
  testOk(!snMergePick(&st, &from, &to), "seven small ones are left alone");
  st.nseg = 8;
  testOk(snMergePick(&st, &from, &to) && from == 0 && to == 8, "eight");
  seg[0].ref.len = 100u << 20;
  testOk(!snMergePick(&st, &from, &to), "a large one among them");
  st.nseg = 10;
  testOk(snMergePick(&st, &from, &to) && from == 1 && to == 10, "behind it");
  seg[4].ref.len = 1000000;
  testOk(!snMergePick(&st, &from, &to), "a larger one between them");
  st.nseg = 32;
  for (u32 i = 5; i < 12; i++) seg[i].ref.len = 1100000;
  testOk(snMergePick(&st, &from, &to) && from == 12 && to == 32,
      "small ones first");
  st.nseg = 16;
  testOk(snMergePick(&st, &from, &to) && from == 1 && to == 16,
      "eight larger ones, and small ones beside them");
  st.nseg = 3;
  seg[1].live.deleted = 334;
  testOk(snMergePick(&st, &from, &to) && from == 1 && to == 2,
      "one with a third deleted");
  st.nseg = 0;
  testOk(!snMergePick(&st, &from, &to), "none");
}

int main(int argc, char **argv) {
  bool good = true;
  testSeed(argc, argv);
  for (u32 i = 0; good && i < 15; i++) {
    test_helpers = i % 4;
    good = testMergeRandom(1 + testRandom(9), 60, true, false);
  }
  testOk(good, "small segments");
  for (u32 i = 0; good && i < 4; i++) {
    test_helpers = i;
    good = testMergeRandom(1 + testRandom(3), 5000, i % 2, false);
  }
  testOk(good, "larger segments");
  test_helpers = 0;
  testYounger();
  testNothing();
  testBytes();
  testMemory(false);
  testPick();
  test_helpers = 2;
  for (u32 i = 0; good && i < 25; i++)
    good = testMergeRandom(1 + testRandom(9), 60, true, true);
  testOk(good, "small segments in another order");
  for (u32 i = 0; good && i < 4; i++)
    good = testMergeRandom(1 + testRandom(3), 2500, i % 2, true);
  testOk(good, "larger segments in another order");
  testMemory(true);
  test_helpers = 0;
  testMemory(true);
  return testDone();
}
