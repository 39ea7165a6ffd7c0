/*
** mem_read_test: rows are read where they were put, before they are a segment.
**   1. every value of every type, in any order, is what was put
**   2. the edges: a row before, between and behind those that have a value;
**      rows that were cut off; a column that is the rowid; no rows
**   3. the hashes of a key, and which rows have one, are those that the
**      segment of the rows has
**   4. an array that no memory is left for
*/
#include "index/model.h"

/* ---- 1 ------------------------------------------------------------------ */

static bool testSameItem(u8 type, const Val *v, const ArrayItem *got) {
  if (got->null || v->null) return got->null == v->null;
  if (type & TYPE_ARRAY || snTypeForm(type) == FORM_STR)
    return got->n == v->n && (!v->n || !memcmp(got->p, v->p, v->n));
  if (snTypeForm(type) == FORM_REAL) return testSameBits(&got->d, &v->d);
  return got->i == v->i;
}

/* Reads a row of the memtable; false: the value that differs is said. */
static bool testSameRow(const Memtable *mem, const Model *m, u32 row) {
  bool same = snMemtableRowid(mem, row) == m->rowid[row];
  Arena a;
  snArenaInit(&a, &test_budget);
  for (u32 k = 0; same && k < m->t->ncol; k++) {
    ArrayItem got;
    int rc = snMemtableGet(mem, k, row, &a, &got);
    same = !rc && testSameItem(m->t->col[k].type, testVal(m, row, k), &got);
    if (!same) testNo("value", row, k);
  }
  snArenaClear(&a);
  return same;
}

static Memtable *testFilled(Table *t, const Model *m) {
  Memtable *mem;
  int rc = snMemtableNew(&test_budget, t, &test_env, &mem);
  for (u32 i = 0; !rc && i < m->n; i++) rc = testPutRow(mem, m, i);
  if (!rc) return mem;
  snMemtableFree(mem);
  return NULL;
}

static bool testValues(u32 rows) {
  Table *t = testTable(true);
  Model m;
  u32 styles[64];
  testStyles(t, styles);
  testModelInit(&m, t);
  testFillRows(&m, rows, styles);
  Memtable *mem = testFilled(t, &m);
  bool good = mem != NULL;
  for (u32 i = 0; good && i < rows; i++)
    good = testSameRow(mem, &m, testRandom(rows));
  snMemtableFree(mem);
  testModelClear(&m);
  snTableDrop(t);
  return good;
}

/* ---- 2 ------------------------------------------------------------------ */

/* Rows 0 to 9: `only` alone has a value in both columns; the third one is the
** rowid. */
static bool testOnly(u32 only) {
  Table *t = snTableNew(&test_budget, "t", 1);
  Memtable *mem;
  bool good = !snTableAdd(t, "n", 1, TYPE_INTEGER, false, NULL, NULL) &&
      !snTableAdd(t, "s", 1, TYPE_KEYWORD, false, NULL, NULL) &&
      !snTableAdd(t, "id", 2, TYPE_INTEGER, false, NULL, NULL);
  snConstraintRowid(t, 2);
  good = good && !snMemtableNew(&test_budget, t, &test_env, &mem);
  for (u32 i = 0; good && i < 10; i++) {
    good = !snMemtableBegin(mem, 100 - (i64)i);
    if (good && i == only)
      good = !snMemtableInt(mem, 0, 7) && !snMemtableStr(mem, 1, "x", 1);
    good = good && !snMemtableInt(mem, 2, 100 - (i64)i) &&
        !snMemtableEnd(mem);
  }
  for (u32 i = 0; good && i < 10; i++) {
    ArrayItem n, s, id;
    good = !snMemtableGet(mem, 0, i, NULL, &n) &&
        !snMemtableGet(mem, 1, i, NULL, &s) &&
        !snMemtableGet(mem, 2, i, NULL, &id);
    good = good && id.i == 100 - (i64)i && !id.null &&
        n.null == (i != only) && s.null == (i != only) &&
        (n.null || (n.i == 7 && s.n == 1 && *s.p == 'x'));
    if (!good) testNo("row", i, only);
  }
  snMemtableFree(mem);
  snTableDrop(t);
  return good;
}

/* What was cut off is not found by those that are put behind. */
static bool testCutOff(void) {
  Table *t = testTable(true);
  Model m, was;
  u32 styles[64];
  testStyles(t, styles);
  testModelInit(&m, t);
  testModelInit(&was, t);
  testFillRows(&was, 300, styles);
  Memtable *mem = testFilled(t, &was);
  snMemtableCut(mem, 0);
  testFillRows(&m, 200, styles);
  bool good = true;
  for (u32 i = 0; good && i < m.n; i++) good = !testPutRow(mem, &m, i);
  for (u32 i = 0; good && i < m.n; i++) good = testSameRow(mem, &m, i);
  snMemtableFree(mem);
  testModelClear(&m);
  testModelClear(&was);
  snTableDrop(t);
  return good;
}

/* ---- 3 ------------------------------------------------------------------ */

/* A table of every type with a key over each column, over some of them, over
** the rowid, and over the rowid and a column. */
static Table *testKeys(void) {
  static const u32 rowid[] = {UINT32_MAX, 1}, some[] = {4, 1, 2, 9};
  Table *t = testTable(false);
  int rc = SEINE_OK;
  for (u32 k = 0; !rc && k < t->ncol; k++)
    rc = snConstraintKey(t, KEY_UNIQUE, NULL, &k, 1);
  if (!rc) rc = snConstraintKey(t, KEY_UNIQUE, NULL, some, 4);
  if (!rc) rc = snConstraintKey(t, KEY_UNIQUE, NULL, rowid, 1);
  if (!rc) rc = snConstraintKey(t, KEY_PRIMARY, NULL, rowid, 2);
  return rc ? NULL : t;
}

typedef struct Hashes {
  u64 *hash, *has;
} Hashes;

static Hashes testHashes(const Memtable *mem, const TableKey *k) {
  u32 n = snMemtableDocs(mem);
  Hashes h = {malloc((n + 1) * sizeof(u64)),
      malloc((n / 64 + 1) * sizeof(u64))};
  (void)snMemtableHashes(mem, k, h.hash, h.has);
  return h;
}

static bool testSameHashes(const Hashes *h, Segment *g, const Table *t,
    const TableKey *k) {
  u64 hash[SN_WINDOW], has[SN_WORDS];
  u32 n = snSegmentDocs(g);
  bool same = true;
  Arena a;
  snArenaInit(&a, &test_budget);
  for (u32 d = 0; same && d < n; d++) {
    u32 i = d % SN_WINDOW;
    if (!i && snKeyWindow(g, t, k, d / SN_WINDOW, &a, hash, has))
      same = testNo("window", d, k->id);
    if (same && (snBit(has, i) != snBit(h->has, d) ||
        (snBit(has, i) && hash[i] != h->hash[d])))
      same = testNo("hash", d, k->id);
  }
  snArenaClear(&a);
  return same;
}

/* As a segment reads them, all keys of the same rows. */
static bool testAsSegment(u32 rows) {
  Table *t = testKeys();
  Store *s = testWriter();
  SegmentRef ref;
  Segment *g = NULL;
  Model m;
  Hashes h[32];
  u32 styles[64];
  testStyles(t, styles);
  testModelInit(&m, t);
  testFillRows(&m, rows, styles);
  Memtable *mem = testFilled(t, &m);
  for (u32 i = 0; i < t->nkey; i++) h[i] = testHashes(mem, t->key + i);
  int rc = snMemtableFlush(mem, s, 1, &ref);
  bool good = rows ? !rc && !snSegmentOpen(s, &ref, NULL, 0, &g) : !ref.docs;
  for (u32 i = 0; i < t->nkey; i++) {
    good = good && (!g || testSameHashes(h + i, g, t, t->key + i));
    if (!rows) good = good && h[i].has[0] == 0;
    free(h[i].hash);
    free(h[i].has);
  }
  snSegmentDrop(g);
  testClose(s);
  snMemtableFree(mem);
  testModelClear(&m);
  snTableDrop(t);
  return good;
}

/* ---- 4 ------------------------------------------------------------------ */

/* The arrays of a row while the n-th allocation fails, n from 1 on: NOMEM,
** and the value once none of them does. */
static bool testArrays(void) {
  Table *t = testTable(true);
  Model m;
  u32 styles[64] = {0}, failed = 0;
  testModelInit(&m, t);
  testFillRows(&m, 1, styles);
  Memtable *mem = testFilled(t, &m);
  bool good = mem != NULL;
  u32 arrays = t->ncol / 2;
  for (u32 k = arrays; good && k < t->ncol; k++) {
    int rc = SEINE_NOMEM;
    for (i64 n = 1; good && rc; n++) {
      ArrayItem got;
      Arena a;
      snArenaInit(&a, &test_budget);
      snFaultMem(n, false);
      rc = snMemtableGet(mem, k, 0, &a, &got);
      snFaultMem(0, false);
      good = rc ? rc == SEINE_NOMEM
                : testSameItem(t->col[k].type, testVal(&m, 0, k), &got);
      failed += rc != SEINE_OK;
      snArenaClear(&a);
    }
  }
  snMemtableFree(mem);
  testModelClear(&m);
  snTableDrop(t);
  return testOk(good && failed >= 2 * arrays, "no memory for an array");
}

int main(int argc, char **argv) {
  bool good = true;
  testSeed(argc, argv);
  for (u32 i = 0; good && i < 20; i++) good = testValues(1 + testRandom(400));
  testOk(good, "values of every type");
  good = true;
  for (u32 i = 0; good && i < 11; i++) good = testOnly(i);
  testOk(good, "one row of ten has a value, or none");
  for (u32 i = 0; good && i < 5; i++) good = testCutOff();
  testOk(good, "rows behind those that were cut off");
  good = testAsSegment(0);
  testOk(good, "no rows have no keys");
  for (u32 i = 0; good && i < 4; i++)
    good = testAsSegment(1 + testRandom(2 * SN_WINDOW));
  testOk(good, "the hashes of the segment");
  testArrays();
  return testDone();
}
