/*
** patch_test: columns of numbers written again beside their segment, against
** the model of model.h.
**   1. random columns, windows and values, several times over; columns that
**      the segment does not have; a segment that was opened before shows what
**      it showed; merging gives the new values
**   2. what is no patch of this segment and column is refused
**   3. forged bytes in a patch: never read outside, damage is found
**   4. allocations fail: nothing stays behind
**   5. which way pays
*/
#include "index/model.h"

/* A segment, its patches as a table has them, and what its values are. */
typedef struct Patched {
  Store *s;
  Table *t;
  TableState *st;
  SegmentRef *ref;
  Model m;
  u32 styles[64];
} Patched;

static Table *numbers(void) {
  static const u8 types[] = {TYPE_BOOLEAN, TYPE_INTEGER, TYPE_REAL,
      TYPE_TIMESTAMP, TYPE_DATE, TYPE_GEOPOINT, TYPE_KEYWORD};
  Table *t = snTableNew(&test_budget, "t", 1);
  for (u32 i = 0; i < SN_COUNT(types); i++) {
    char name = (char)('a' + i);
    if (snTableAdd(t, &name, 1, types[i], false, NULL, NULL)) return NULL;
  }
  return t;
}

/* Large ones have no texts, which take long to compare.  The table gets two
** columns that the segment does not have. */
static bool patchedInit(Patched *p, u32 rows) {
  Model old;
  memset(p, 0, sizeof *p);
  p->s = testWriter();
  Table *t = rows > 300 ? numbers() : testTable(true);
  testStyles(t, p->styles);
  testModelInit(&old, t);
  testFillRows(&old, rows, p->styles);
  p->t = snTableCopy(&test_budget, t);
  (void)snTableAdd(p->t, "late", 4, TYPE_INTEGER, false, NULL, NULL);
  (void)snTableAdd(p->t, "later", 5, TYPE_REAL, false, NULL, NULL);
  p->st = snTableStateNew(&test_budget, p->t);
  p->ref = p->st->seg;
  p->st->nseg = 1;
  int rc = testFlush(p->s, &old, 7, p->ref);
  testModelInit(&p->m, p->t);
  for (u32 i = 0; i < old.n; i++) {
    Val *v = testModelRow(&p->m, old.rowid[i]), *from = testVal(&old, i, 0);
    for (u32 k = 0; k < t->ncol; k++) {
      v[k] = from[k];
      if (from[k].null || !from[k].p) continue;
      testSetBytes(&p->m, v + k, from[k].p, from[k].n);
    }
  }
  testModelClear(&old);
  snTableDrop(t);
  return !rc || testNo("flush", (u64)rc, rows);
}

static void patchedClear(Patched *p) {
  snTableStateDrop(p->st);
  testModelClear(&p->m);
  snTableDrop(p->t);
  testClose(p->s);
}

static int patchedOpen(const Patched *p, Segment **out) {
  u32 n;
  const ColumnPatch *v = snTableStatePatches(p->st, p->ref->id, &n);
  return snSegmentOpen(p->s, p->ref, v, n, out);
}

static u32 pickColumns(const Table *t, u32 *cols) {
  u32 n = 0;
  while (!n)
    for (u32 k = 0; k < t->ncol; k++)
      if (snTypeForm(t->col[k].type) != FORM_STR && !testRandom(3))
        cols[n++] = k;
  return n;
}

/* New values of some documents of a window, in the model (unless NULL) and
** in the patch. */
static int fillWindow(Patched *p, Patch *patch, u32 w, u32 of, Model *m) {
  u64 rows[SN_WORDS] = {0};
  u32 docs = SN_MIN(SN_WINDOW, p->ref->docs - w * SN_WINDOW);
  PatchBlock *b;
  Buf buf;
  for (u32 d = 0; d < docs; d++)
    if (!testRandom(of)) snBitSet(rows, d);
  int rc = snPatchAdd(patch, w, rows, &b);
  if (rc) return rc;
  snBufInit(&buf, NULL);
  for (u32 c = 0; c < patch->ncol; c++)
    for (u32 d = 0, k = c * b->n; d < docs; d++) {
      u32 col = patch->col[c];
      Val v = {.null = !testRandom(5)};
      if (!snBit(rows, d)) continue;
      if (!v.null)
        testFill(m, &v, p->t->col[col].type, testRandom(16), &buf);
      if (v.null) snBitSet(b->nulls, k);
      else if (snTypeForm(p->t->col[col].type) == FORM_INT) b->v[k] = v.i;
      else memcpy(b->v + k, &v.d, sizeof v.d);
      k++;
      if (m) *testVal(m, w * SN_WINDOW + d, col) = v;
    }
  snBufClear(&buf);
  return SEINE_OK;
}

/* One UPDATE. */
static int patchOnce(Patched *p, Segment *g, Model *m) {
  static const u32 often[] = {1, 1, 2, 10, 1000};
  u32 cols[64], n = pickColumns(p->t, cols);
  Patch patch;
  int rc = SEINE_OK;
  snPatchInit(&patch, &test_budget, g, p->t, cols, n);
  for (u32 w = 0; !rc && w * SN_WINDOW < p->ref->docs; w++) {
    u32 times = testRandom(4) ? 1 : testRandom(3);
    while (!rc && times--)
      rc = fillWindow(p, &patch, w, often[testRandom(SN_COUNT(often))], m);
  }
  for (u32 c = 0; !rc && c < n; c++) {
    ColumnPatch to;
    rc = snPatchWrite(&patch, p->s, c, &to);
    if (!rc) rc = snTableStatePatch(&test_budget, p->st, &to);
  }
  snPatchClear(&patch);
  return rc;
}

/* ---- 1 ------------------------------------------------------------------ */

/* What a reader sees of all columns of numbers, as one number. */
static u64 digest(const Patched *p, Segment *g) {
  u64 sum = 0, nulls[SN_WORDS];
  i64 v[SN_WINDOW];
  bool any;
  for (u32 k = 0; k < p->t->ncol; k++) {
    ColReader *c;
    const Column *col = p->t->col + k;
    if (snTypeForm(col->type) == FORM_STR ||
        snColOpen(g, col->id, col->type, &c))
      continue;
    for (u32 w = 0; !snColWindow(c, w, v, nulls, &any); w++)
      for (u32 i = 0; w * SN_WINDOW + i < p->ref->docs && i < SN_WINDOW; i++)
        sum = snHashInt(sum ^ (any && snBit(nulls, i) ? 77 : (u64)v[i]));
  }
  return sum;
}

static bool mergedSame(Patched *p) {
  SegmentCache *cache;
  View *v = NULL;
  SegmentRef ref;
  Segment *g = NULL;
  int rc = snSegmentCacheNew(p->s, &cache);
  if (!rc) rc = snViewOpen(cache, p->st, &v);
  if (!rc)
    rc = snMergeRun(&(MergeEnv){.store = p->s, .budget = &test_budget,
        .view = v}, 0, 1, 99, &ref);
  if (!rc) rc = snSegmentOpen(p->s, &ref, NULL, 0, &g);
  bool good = !rc && testSame(&p->m, g) && testCheck(g, p->t);
  snSegmentDrop(g);
  snViewDrop(v);
  snSegmentCacheFree(cache);
  return good || testNo("merged", (u64)rc, 0);
}

static bool testRandomPatches(u32 rows, u32 rounds) {
  Patched p;
  Segment *g = NULL, *next = NULL;
  bool good = patchedInit(&p, rows);
  int rc = good ? patchedOpen(&p, &g) : SEINE_ERROR;
  while (!rc && good && rounds--) {
    u64 was = digest(&p, g);
    rc = patchOnce(&p, g, &p.m);
    if (!rc) rc = patchedOpen(&p, &next);
    if (rc) break;
    good = testSame(&p.m, next) && testCheck(next, p.t);
    if (digest(&p, g) != was) good = testNo("the old one moved", rows, 0);
    snSegmentDrop(g);
    g = next;
  }
  if (rc) good = testNo("rc", (u64)rc, rows);
  snSegmentDrop(g);
  good = good && mergedSame(&p);
  patchedClear(&p);
  return good;
}

static void testMany(void) {
  static const u32 sizes[] = {1, 2, 64, 255, 257, 4095, 4096, 4097, 9000};
  bool good = true;
  for (u32 i = 0; good && i < SN_COUNT(sizes); i++)
    good = testRandomPatches(sizes[i], 6);
  testOk(good, "columns of chosen sizes");
  for (u32 i = 0; good && i < 20; i++)
    good = testRandomPatches(1 + testRandom(400), 3);
  testOk(good, "20 small ones");
  testOk(testRandomPatches(40000, 2), "a large one");
}

/* ---- 2 ------------------------------------------------------------------ */

/* An extent with sections of a column of `docs` equal numbers. */
static int putSections(Store *s, u64 seed, SecKind kind, u32 column,
    u32 sections, u32 docs, u32 tail, u8 type, ExtentRef *out) {
  SegWriter w;
  snSegWriteInit(&w, s, &test_budget, seed);
  for (u32 i = 0; i < sections; i++) {
    ColFeed f;
    snColFeedInit(&f, &test_budget, kind, column, type);
    for (u32 d = 0; d < docs; d++) snColFeedInt(&f, 1);
    snColFeedEnd(&f, &w);
  }
  return snSegWriteFinish(&w, tail, out);
}

static void refuse(Patched *p, SecKind kind, u32 id, u32 sections, u32 docs,
    u32 tail, u8 type, int want, const char *name) {
  ColumnPatch c = {.segment = 7, .column = p->t->col[1].id};
  Segment *g = NULL;
  ColReader *r;
  int rc = putSections(p->s, 7, kind, id, sections, docs, tail, type, &c.ref);
  if (!rc) rc = snSegmentOpen(p->s, p->ref, &c, 1, &g);
  if (!rc) rc = snColOpen(g, c.column, TYPE_INTEGER, &r);
  testRc(rc, want, name);
  if (!rc) testOk(testCheck(g, p->t), "and is whole");
  snSegmentDrop(g);
}

static void testRefused(void) {
  Patched p;
  testOk(patchedInit(&p, 500), "a segment");
  u32 id = p.t->col[1].id, other = p.t->col[2].id;
  u8 type = TYPE_INTEGER;
  int bad = SEINE_CORRUPT;
  refuse(&p, SEC_INTS, id, 1, 500, 500, type, SEINE_OK, "a patch opens");
  refuse(&p, SEC_INTS, id, 1, 499, 500, type, bad, "a column too short");
  refuse(&p, SEC_INTS, id, 1, 501, 500, type, bad, "a column too long");
  refuse(&p, SEC_INTS, id, 1, 500, 499, type, bad, "of other documents");
  refuse(&p, SEC_INTS, other, 1, 500, 500, type, bad, "of another column");
  refuse(&p, SEC_INTS, id, 2, 500, 500, type, bad, "two sections");
  refuse(&p, SEC_INTS, id, 0, 500, 500, type, bad, "no section");
  refuse(&p, SEC_CODES, id, 1, 500, 500, type, bad, "codes");
  refuse(&p, SEC_COUNTS, id, 1, 500, 500, type, bad, "counts");
  refuse(&p, SEC_INTS, id, 1, 500, 500, TYPE_DATE, bad, "another type");
  ColumnPatch c = {.segment = 7, .column = id, .ref = p.ref->ref};
  Segment *g;
  testRc(snSegmentOpen(p.s, p.ref, &c, 1, &g), bad, "the segment itself");
  patchedClear(&p);
}

/* ---- 3 ------------------------------------------------------------------ */

static void readForged(Patched *p, Segment *g, u32 col) {
  u64 nulls[SN_WORDS], rows[SN_WORDS] = {0}, bits[SN_WORDS];
  i64 *v = malloc(SN_WINDOW * sizeof *v);
  const Column *k = p->t->col + col;
  ColReader *c;
  ColumnPatch to;
  Patch patch;
  PatchBlock *b;
  Zone z;
  u32 docs[3] = {0, p->ref->docs / 2, p->ref->docs - 1};
  bool any;
  if (!snColOpen(g, k->id, k->type, &c)) {
    for (u32 w = 0; w * SN_WINDOW < p->ref->docs; w++) {
      (void)snColWindow(c, w, v, nulls, &any);
      (void)snColZone(c, w, &z);
      memset(bits, 0xff, sizeof bits);
      if (snColKind(c) == COL_INT) (void)snColFilter(c, w, -5, 1000, bits);
    }
    (void)snColGather(c, docs, 3, v, nulls);
  }
  /* patched once more: what is forged is copied or decoded */
  snPatchInit(&patch, &test_budget, g, p->t, &col, 1);
  rows[0] = 5;
  if (!snPatchAdd(&patch, 1, rows, &b)) {
    b->v[0] = 3;
    if (!snPatchWrite(&patch, p->s, 0, &to)) (void)snWriterFree(p->s, &to.ref);
  }
  snPatchClear(&patch);
  free(v);
}

/* More values than memory is given for at once. */
static void testWide(void) {
  Patched p;
  Segment *g = NULL;
  Patch patch;
  PatchBlock *b = (PatchBlock *)(uintptr_t)1;
  u64 rows[SN_WORDS];
  u32 col = 0;
  memset(rows, 0xff, sizeof rows);
  bool good = patchedInit(&p, 9000) && !patchedOpen(&p, &g);
  snPatchInit(&patch, &test_budget, g, p.t, &col, INT32_MAX / SN_WINDOW + 1);
  testOk(good && snPatchAdd(&patch, 0, rows, &b) == SEINE_TOOBIG && !b,
      "more values than there may be");
  snPatchClear(&patch);
  if (g) snSegmentDrop(g);
  patchedClear(&p);
}

static void testForged(u32 rounds) {
  Patched p;
  Segment *g = NULL;
  u32 found = 0, n, opened = 0;
  bool good = patchedInit(&p, 9000);
  if (good) good = !patchedOpen(&p, &g) && !patchOnce(&p, g, &p.m);
  const ColumnPatch *v = snTableStatePatches(p.st, 7, &n);
  Extent *x = NULL;
  const u8 *bytes;
  if (good) good = !snExtentOpen(p.s, &v->ref, &x);
  if (good) good = !snExtentGet(x, 0, v->ref.len, &bytes);
  u8 *copy = good ? malloc(v->ref.len + 64) : NULL;
  u32 col = 0;
  while (good && p.t->col[col].id != v->column) col++;
  test_quiet = true;
  for (u32 i = 0; good && i < rounds; i++) {
    ColumnPatch to = *v;
    u64 most = testRandom(3) ? SN_MIN(v->ref.len, 120) : v->ref.len;
    u64 at = testChance() % most;
    Segment *bad;
    memcpy(copy, bytes, v->ref.len);
    if (testRandom(4)) copy[at] ^= (u8)(1 << testRandom(8));
    else memset(copy + at, testRandom(2) ? 0xff : 0, SN_MIN(4, most - at));
    if (!testRandom(8)) copy[v->ref.len - 1 - testRandom(40)] ^= 1;
    good = !snWriterPut(p.s, copy, v->ref.len, 7, &to.ref);
    if (good && !snSegmentOpen(p.s, p.ref, &to, 1, &bad)) {
      opened++;
      found += !testCheck(bad, p.t);
      readForged(&p, bad, col);
      snSegmentDrop(bad);
    } else {
      found++;
    }
    (void)snWriterFree(p.s, &to.ref);
  }
  test_quiet = false;
  printf("# of %u %u opened, %u found\n", rounds, opened, found);
  testOk(good && found > rounds / 2, "forged bytes of a patch");
  free(copy);
  snExtentDrop(x);
  snSegmentDrop(g);
  patchedClear(&p);
}

/* ---- 4 ------------------------------------------------------------------ */

static void testMemory(void) {
  Patched p;
  Segment *g = NULL, *again = NULL;
  bool good = patchedInit(&p, 5000) && !patchedOpen(&p, &g);
  u32 failed = 0;
  int rc = SEINE_NOMEM;
  for (i64 n = 1; good && rc && n < 5000; n++) {
    u64 chance = test_state;
    Segment *fresh = NULL;
    TableState *st = p.st;
    p.st = snTableStateCopy(&test_budget, st);
    rc = p.st ? snSegmentOpen(p.s, p.ref, NULL, 0, &fresh) : SEINE_NOMEM;
    snFaultMem(n, false);
    if (!rc) rc = patchOnce(&p, fresh, NULL);
    if (!rc) rc = patchedOpen(&p, &again);
    snFaultMem(0, false);
    snSegmentDrop(again);
    snSegmentDrop(fresh);
    snTableStateDrop(p.st);
    p.st = st;
    again = NULL;
    test_state = chance;
    failed += rc == SEINE_NOMEM;
    good = !rc || rc == SEINE_NOMEM;
  }
  printf("# %u failures\n", failed);
  if (rc) (void)testNo("rc", (u64)rc, failed);
  testOk(good && !rc && failed > 20, "each allocation fails once");
  snSegmentDrop(g);
  patchedClear(&p);
}

/* ---- 5 ------------------------------------------------------------------ */

static bool pays(Patched *p, Segment *g, u32 ncol, u32 rows) {
  u32 cols[2] = {1, 2};
  u64 bits[SN_WORDS];
  PatchBlock *b;
  Patch patch;
  bool yes = false;
  snPatchInit(&patch, &test_budget, g, p->t, cols, ncol);
  for (u32 w = 0; rows; w++) {
    u32 n = SN_MIN(rows, SN_WINDOW);
    snBitsFirst(bits, SN_WORDS, n);
    rows -= n;
    if (snPatchAdd(&patch, w, bits, &b)) return false;
  }
  yes = snPatchPays(&patch);
  snPatchClear(&patch);
  return yes;
}

static void testPays(void) {
  Patched p;
  Segment *g = NULL;
  test_state = 1; /* columns that are neither constant nor wide */
  bool good = patchedInit(&p, 50000) && !patchedOpen(&p, &g);
  u32 from = 0, edge;
  testOk(good && pays(&p, g, 2, 50000), "all rows");
  testOk(good && !pays(&p, g, 2, 1), "one row of many");
  for (edge = 50000; good && edge - from > 1;) {
    u32 mid = from + (edge - from) / 2;
    if (pays(&p, g, 2, mid)) edge = mid;
    else from = mid;
  }
  printf("# pays from %u of 50000 rows on\n", edge);
  testOk(edge > 10 && edge < 50000, "somewhere between");
  snSegmentDrop(g);
  patchedClear(&p);
  g = NULL;
  good = patchedInit(&p, 100) && !patchedOpen(&p, &g);
  testOk(good && pays(&p, g, 1, 1), "one row of a small segment");
  snSegmentDrop(g);
  patchedClear(&p);
}

int main(int argc, char **argv) {
  testSeed(argc, argv);
  testMany();
  testRefused();
  testWide();
  testForged(getenv("SEINE_QUICK") ? 300 : 3000);
  testMemory();
  testPays();
  return testDone();
}
