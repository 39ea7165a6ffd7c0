/*
** memtable_test: rows are taken back again, in every state.
**   1. a row that failed at each of its values, undone
**   2. a statement that failed: rows cut off, others put, flushed
**   3. columns that stopped looking for repeats before the cut
**   4. emptied by a flush, used again; a flush of nothing
**   5. each allocation fails once, with Undo behind it
*/
#include "index/model.h"

static bool testFlushed(Memtable *t, const Model *m) {
  Store *s = testWriter();
  SegmentRef ref;
  Segment *g = NULL;
  int rc = snMemtableFlush(t, s, 5, &ref);
  if (!rc && m->n) rc = snSegmentOpen(s, &ref, NULL, 0, &g);
  bool good = !rc || testNo("flush", (u64)rc, m->n);
  if (good && m->n) good = testSame(m, g) && testCheck(g, m->t);
  if (good && !m->n) good = ref.docs == 0 && ref.ref.page == 0;
  snSegmentDrop(g);
  testClose(s);
  return good && snMemtableDocs(t) == 0 && snMemtableBytes(t) == 0;
}

static bool testNew(Table *t, Memtable **out) {
  return !snMemtableNew(&test_budget, t, &test_env, out);
}

/* ---- 1 ------------------------------------------------------------------ */

/* Puts the first k values of a row of from, then undoes it. */
static bool testHalf(Memtable *t, const Model *from, u32 row, u32 k) {
  u32 docs = snMemtableDocs(t);
  int rc = snMemtableBegin(t, 12345);
  for (u32 i = 0; !rc && i < k; i++)
    rc = testPutValue(t, i, from->t->col[i].type, testVal(from, row, i));
  snMemtableUndo(t);
  return !rc && snMemtableDocs(t) == docs;
}

/* A row whose texts cannot be cut. */
static bool testUncut(Memtable *t, const Model *from, u32 row) {
  u32 docs = snMemtableDocs(t);
  test_cut.fail_after = 1 + testRandom(6);
  int rc = testPutRow(t, from, row);
  test_cut.fail_after = 0;
  if (!rc) snMemtableCut(t, docs); /* had too few texts */
  else snMemtableUndo(t);
  return rc == SEINE_OK || rc == SEINE_NOMEM;
}

static bool testUndo(u32 rows) {
  Table *t = testTable(true);
  Memtable *mem = NULL;
  Model m, other;
  u32 styles[64];
  testStyles(t, styles);
  testModelInit(&m, t);
  testModelInit(&other, t);
  testFillRows(&m, rows, styles);
  testFillRows(&other, 50, styles);
  bool good = testNew(t, &mem);
  good = good && testHalf(mem, &other, 0, t->ncol);
  for (u32 i = 0; good && i < rows; i++) {
    good = testPutRow(mem, &m, i) == SEINE_OK;
    for (u32 k = 0; good && k < 3; k++)
      good = testHalf(mem, &other, testRandom(50), testRandom(t->ncol + 1));
    good = good && testUncut(mem, &other, testRandom(50));
  }
  good = good && snMemtableTable(mem) == t && testFlushed(mem, &m);
  snMemtableFree(mem);
  testModelClear(&m);
  testModelClear(&other);
  snTableDrop(t);
  return good;
}

/* A row with a forged array: an error, then undone. */
static void testForged(void) {
  Table *t = snTableNew(&test_budget, "t", 1);
  Memtable *mem;
  Model m;
  Buf b;
  (void)snTableAdd(t, "a", 1, TYPE_INTEGER | TYPE_ARRAY, false, NULL, NULL);
  (void)snTableAdd(t, "b", 1, TYPE_TEXT | TYPE_ARRAY, false, NULL, NULL);
  testModelInit(&m, t);
  snBufInit(&b, NULL);
  snArrayBegin(&b, TYPE_INTEGER, 3);
  snArrayInt(&b, 1);
  snArrayInt(&b, 2);
  testRc(snMemtableNew(&test_budget, t, &test_env, &mem), SEINE_OK, "new");
  (void)snMemtableBegin(mem, 1);
  testRc(snMemtableStr(mem, 0, b.data, (u32)b.n), SEINE_CORRUPT,
      "an array without its end");
  snMemtableUndo(mem);
  b.n = 0;
  snArrayBegin(&b, TYPE_TEXT, 2);
  snArrayStr(&b, "some words", 10);
  (void)snMemtableBegin(mem, 1);
  testRc(snMemtableStr(mem, 1, b.data, (u32)b.n), SEINE_CORRUPT,
      "an array of texts without its end");
  snMemtableUndo(mem);
  testRc(snMemtableStr(mem, 1, "x", INT32_MAX / 2), SEINE_TOOBIG,
      "half a gigabyte");
  snMemtableUndo(mem);
  u32 styles[] = {1, 1};
  testFillRows(&m, 100, styles);
  int rc = SEINE_OK;
  for (u32 i = 0; !rc && i < m.n; i++) rc = testPutRow(mem, &m, i);
  testOk(!rc && testFlushed(mem, &m), "leave nothing behind");
  snMemtableFree(mem);
  snBufClear(&b);
  testModelClear(&m);
  snTableDrop(t);
}

/* ---- 2 and 3 ------------------------------------------------------------ */

static bool testCuts(u32 rows, const u32 *style) {
  Table *t = testTable(true);
  Memtable *mem = NULL;
  Model m, other;
  u32 styles[64];
  testStyles(t, styles);
  if (style)
    for (u32 k = 0; k < t->ncol; k++) styles[k] = *style;
  testModelInit(&m, t);
  testModelInit(&other, t);
  bool good = testNew(t, &mem);
  for (u32 round = 0; good && round < 6; round++) {
    u32 keep, was = m.n;
    testFillRows(&m, 1 + testRandom(rows), styles);
    for (u32 i = was; good && i < m.n; i++)
      good = testPutRow(mem, &m, i) == SEINE_OK;
    if (!testRandom(3)) good = good && testHalf(mem, &m, 0, t->ncol - 1);
    keep = testRandom(3) ? testRandom(m.n + 1) : m.n;
    if (!testRandom(6)) keep = 0;
    snMemtableCut(mem, keep);
    m.n = SN_MIN(m.n, keep);
    snMemtableCut(mem, m.n + 5);
    good = good && snMemtableDocs(mem) == m.n;
  }
  good = good && testFlushed(mem, &m);
  snMemtableFree(mem);
  testModelClear(&m);
  testModelClear(&other);
  snTableDrop(t);
  return good;
}

/* ---- 4 ------------------------------------------------------------------ */

static void testAgain(void) {
  Table *t = testTable(true);
  Memtable *mem = NULL;
  Model m;
  u32 styles[64];
  testStyles(t, styles);
  testModelInit(&m, t);
  bool good = testNew(t, &mem) && testFlushed(mem, &m);
  testOk(good, "a flush of nothing");
  for (u32 round = 0; good && round < 3; round++) {
    u32 from = m.n;
    testFillRows(&m, 2000, styles);
    memmove(m.rowid, m.rowid + from, 2000 * sizeof *m.rowid);
    memmove(m.v, m.v + (size_t)from * t->ncol,
        2000ull * t->ncol * sizeof *m.v);
    m.n = 2000;
    for (u32 i = 0; good && i < m.n; i++)
      good = testPutRow(mem, &m, i) == SEINE_OK;
    good = good && testFlushed(mem, &m);
  }
  testOk(good, "used again after a flush");
  snMemtableFree(mem);
  testModelClear(&m);
  snTableDrop(t);
}

/* ---- 5 ------------------------------------------------------------------ */

static void testMemory(void) {
  Table *t = testTable(true);
  Memtable *mem = NULL;
  Model m;
  u32 styles[64], failed = 0;
  testStyles(t, styles);
  testModelInit(&m, t);
  testFillRows(&m, 400, styles);
  bool good = testNew(t, &mem);
  for (u32 i = 0; good && i < m.n; i++) {
    int rc = SEINE_NOMEM;
    for (i64 n = 1; rc == SEINE_NOMEM && n < 500; n++) {
      snFaultMem(n, false);
      rc = testPutRow(mem, &m, i);
      snFaultMem(0, false);
      if (!rc) break;
      snMemtableUndo(mem);
      failed++;
    }
    good = !rc && snMemtableDocs(mem) == i + 1;
  }
  printf("# %u rows failed\n", failed);
  testOk(good && failed > 100, "each allocation of a row fails once");
  testOk(good && testFlushed(mem, &m), "and the rows are whole");
  snMemtableFree(mem);
  testModelClear(&m);
  snTableDrop(t);
}

int main(int argc, char **argv) {
  static const u32 longs = 0; /* style 0: long strings, never the same */
  bool good = true;
  testSeed(argc, argv);
  for (u32 i = 0; good && i < 8; i++) good = testUndo(1 + testRandom(100));
  testOk(good, "rows undone half way");
  testForged();
  for (u32 i = 0; good && i < 20; i++) good = testCuts(60, NULL);
  testOk(good, "rows cut off");
  for (u32 i = 0; good && i < 3; i++) good = testCuts(3000, NULL);
  testOk(good, "many rows cut off");
  testOk(testCuts(1500, &longs), "long strings, and then cut off");
  testAgain();
  testMemory();
  return testDone();
}
