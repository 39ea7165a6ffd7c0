/*
** segment_test: what goes into a memtable comes out of its segment.
**   1. random tables of all types, many sizes, read by every reader
**   2. long lists: runs, bitmaps, packed blocks, many positions
**   3. a real file, committed by the catalog, closed and opened again
** That the check finds planted damage is shown in hostile_test.c.
*/
#include "index/model.h"

static bool testRandomTable(u32 rows, bool arrays) {
  Store *s = testWriter();
  Table *t = testTable(arrays);
  Model m;
  SegmentRef ref = {0};
  Segment *g = NULL;
  u32 styles[64];
  testModelInit(&m, t);
  testStyles(t, styles);
  testFillRows(&m, rows, styles);
  int rc = testFlush(s, &m, 1, &ref);
  if (!rc && rows) rc = snSegmentOpen(s, &ref, NULL, 0, &g);
  bool good = !rc || testNo("rc", (u64)rc, rows);
  if (good && !rows) good = ref.docs == 0;
  if (good && rows) good = testSame(&m, g) && testCheck(g, t);
  if (good && rows)
    good = ref.rowid_min == m.rowid[0] && ref.rowid_max == m.rowid[rows - 1];
  snSegmentDrop(g);
  testModelClear(&m);
  snTableDrop(t);
  testClose(s);
  return good;
}

static void testRandomTables(void) {
  static const u32 sizes[] = {0, 1, 2, 3, 63, 64, 65, 255, 256, 257, 1000,
      4095, 4096, 4097, 9000};
  bool good = true;
  for (u32 i = 0; good && i < SN_COUNT(sizes); i++)
    good = testRandomTable(sizes[i], true);
  testOk(good, "tables of chosen sizes");
  for (u32 i = 0; good && i < 30; i++)
    good = testRandomTable(1 + testRandom(400), true);
  testOk(good, "30 small tables");
  for (u32 i = 0; good && i < 3; i++)
    good = testRandomTable(5000 + testRandom(5000), i % 2);
  testOk(good, "3 larger tables");
}

/* ---- 2 ------------------------------------------------------------------ */

/* Words that are in every row, in clusters, often, seldom. */
static void testLongRow(Model *m, u32 i, Buf *b) {
  Val *v = testModelRow(m, (i64)i * 3 + 7);
  u32 tf = testRandom(3) ? 1 : 1 + testRandom(4);
  if (!testRandom(5000)) tf = 300;
  b->n = 0;
  snBufStr(b, "all");
  while (--tf) snBufStr(b, " all");
  if (i % 8192 < 3000) snBufStr(b, " cluster");
  if (testRandom(3)) snBufStr(b, " dense");
  if (!testRandom(4)) snBufStr(b, " fourth");
  if (!testRandom(40)) snBufStr(b, " fortieth fortieth");
  if (!testRandom(1500)) snBufStr(b, " seldom");
  if (i < 700) snBufStr(b, " early");
  if (i > 390000) snBufStr(b, " late");
  if (i % 100000 == 99) snBufStr(b, " rare");
  testSetBytes(m, v, b->data, b->n);
  static const char *const keys[] = {"a", "b", "c", "d"};
  u32 key = testRandom(1000);
  testSetText(m, v + 1, keys[(key >= 900) + (key >= 990) + (key >= 999)]);
}

static void testLong(void) {
  Store *s = testWriter();
  Table *t = snTableNew(&test_budget, "t", 1);
  Model m;
  Buf b;
  SegmentRef ref = {0};
  Segment *g = NULL;
  snBufInit(&b, NULL);
  (void)snTableAdd(t, "a", 1, TYPE_TEXT, false, NULL, NULL);
  (void)snTableAdd(t, "k", 1, TYPE_KEYWORD, false, NULL, NULL);
  testModelInit(&m, t);
  for (u32 i = 0; i < 400000; i++) testLongRow(&m, i, &b);
  testRc(testFlush(s, &m, 9, &ref), SEINE_OK, "400,000 rows");
  testRc(snSegmentOpen(s, &ref, NULL, 0, &g), SEINE_OK, "open");
  testOk(testSame(&m, g), "long lists are read back");
  testOk(testCheck(g, t), "and pass the check");
  SegmentBytes sum;
  snSegmentBytes(g, &sum);
  printf("# postings %llu, norms %llu, terms %llu, columns %llu\n",
      (unsigned long long)sum.postings, (unsigned long long)sum.norms,
      (unsigned long long)sum.terms, (unsigned long long)sum.columns);
  snSegmentDrop(g);
  snBufClear(&b);
  testModelClear(&m);
  snTableDrop(t);
  testClose(s);
}

/* One document with many positions, and few documents with them. */
static void testPositions(void) {
  Store *s = testWriter();
  Table *t = snTableNew(&test_budget, "t", 1);
  Model m;
  Buf b;
  SegmentRef ref = {0};
  Segment *g = NULL;
  snBufInit(&b, NULL);
  (void)snTableAdd(t, "a", 1, TYPE_TEXT, false, NULL, NULL);
  testModelInit(&m, t);
  for (u32 i = 0; i < 70; i++) {
    static const u32 counts[] = {0, 1, 255, 256, 257, 511, 512, 40000, 3};
    b.n = 0;
    for (u32 k = 0; k < counts[i % SN_COUNT(counts)]; k++) {
      snBufPrintf(&b, "one%u ", i / 2);
      if (i % 3 == 0) snBufStr(&b, "many ");
      if (i == 5 && k % 10 == 0) snBufStr(&b, ". . . . =same ");
      if (i < 3 && k < 300) snBufStr(&b, "three ");
    }
    Val *v = testModelRow(&m, i);
    if (b.n || i % 2) testSetBytes(&m, v, b.data, b.n);
  }
  testRc(testFlush(s, &m, 9, &ref), SEINE_OK, "many positions");
  testRc(snSegmentOpen(s, &ref, NULL, 0, &g), SEINE_OK, "open");
  testOk(testSame(&m, g), "are read back");
  testOk(testCheck(g, t), "and pass the check");
  snSegmentDrop(g);
  snBufClear(&b);
  testModelClear(&m);
  snTableDrop(t);
  testClose(s);
}

/* ---- 3 ------------------------------------------------------------------ */

static int testCommit(Store *s, Model *m, u32 segments) {
  Snapshot *n;
  Catalog *c = NULL;
  CatalogEdit *e = NULL;
  TableState *st = NULL;
  int rc = snWriterBegin(s, &n);
  if (!rc) rc = snCatalogOpen(s, n, &c);
  if (!rc) rc = snCatalogEditBegin(s, c, &e);
  if (!rc) {
    m->t->id = snCatalogEditNewId(e);
    st = snTableStateNew(&test_budget, m->t);
    if (!st) rc = SEINE_NOMEM;
  }
  for (u32 i = 0; !rc && i < segments; i++) {
    SegmentRef *to = snMemRealloc(NULL, st->seg,
        (st->nseg + 2) * sizeof *to);
    st->seg = to;
    rc = testFlush(s, m, snCatalogEditNewId(e), to + st->nseg);
    if (!rc) rc = snCatalogEditOwn(e, &to[st->nseg].ref);
    if (!rc) st->nseg++;
  }
  if (!rc) rc = snCatalogEditPut(e, st, true);
  if (!rc) rc = snCatalogEditCommit(e);
  snCatalogEditFree(e);
  snTableStateDrop(st);
  snCatalogDrop(c);
  if (rc && snWriterActive(s)) snWriterRollback(s);
  return rc;
}

static bool testReopened(Store *s, const Model *m, u32 segments) {
  Snapshot *n = NULL;
  Catalog *c = NULL;
  TableState *st = NULL;
  SegmentCache *cache = NULL;
  View *v = NULL, *again = NULL;
  int rc = snSnapshotOpen(s, &n);
  if (!rc) rc = snCatalogOpen(s, n, &c);
  if (!rc) rc = snCatalogFind(c, "t", 1, &st);
  if (!rc && !st) rc = SEINE_ERROR;
  if (!rc) rc = snSegmentCacheNew(s, &cache);
  if (!rc) rc = snViewOpen(cache, st, &v);
  if (!rc) rc = snViewOpen(cache, st, &again);
  bool good = !rc || testNo("reopen", (u64)rc, 0);
  good = good && v->n == segments && v->total == (u64)segments * m->n &&
      v->live_total == v->total;
  for (u32 i = 0; good && i < segments; i++)
    good = v->seg[i] == again->seg[i] && testSame(m, v->seg[i]) &&
        testCheck(v->seg[i], m->t);
  snViewDrop(v);
  snViewDrop(again);
  snSegmentCacheFree(cache);
  snCatalogDrop(c);
  snSnapshotDrop(n);
  return good;
}

static void testFile(void) {
  const char *path = "segment_test.db";
  Vfs *u = snOsUnix();
  Table *t = testTable(true);
  Model m;
  u32 styles[64];
  testModelInit(&m, t);
  testStyles(t, styles);
  testFillRows(&m, 6000, styles);
  (void)u->remove(u, path);
  Store *s = testStore(u, path, false);
  if (s) snWriterSetWalk(s, snCatalogWalk, s);
  testRc(s ? testCommit(s, &m, 2) : SEINE_ERROR, SEINE_OK, "commit");
  if (s) snStoreClose(s);
  s = testStore(u, path, false);
  testOk(s && testReopened(s, &m, 2), "opened again, mapped");
  if (s) snStoreClose(s);
  s = testStore(u, path, true);
  testOk(s && testReopened(s, &m, 2), "opened again, read");
  if (s) snStoreClose(s);
  (void)u->remove(u, path);
  testModelClear(&m);
  snTableDrop(t);
}

int main(int argc, char **argv) {
  testSeed(argc, argv);
  testRandomTables();
  testPositions();
  testLong();
  testFile();
  return testDone();
}
