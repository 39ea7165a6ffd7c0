/*
** catalog_test: tables and the catalog of room schema, over the memory vfs.
**   1. a table: columns, copies, SQL
**   2. a catalog: empty, growing over the levels of its tree, read back
**   3. an edit: what it sees, marks, names, slots
**   4. what a commit writes and frees; a random run against a model
**   5. a commit left in doubt
**   6. damaged bytes, and memory that runs out
**   7. a catalog that follows from snapshot to snapshot
*/
#include "schema/edit.h"

static int test_count, test_failed;

static void testOk(bool ok, const char *name) {
  printf("%sok %d - %s\n", ok ? "" : "not ", ++test_count, name);
  test_failed += !ok;
}

static void testRc(int rc, int want, const char *name) {
  testOk(rc == want, name);
  if (rc != want) printf("# rc %d, wanted %d: %s\n", rc, want, snFaultLog());
}

/* ---- a vfs that counts writes and can fail a sync ----------------------- */

static struct {
  Vfs vfs, *below;
  struct FileOps ops;
  const struct FileOps *real;
  u64 written;
  bool fail_sync;
} test_io;

static int testWrite(File *f, u64 at, const void *p, size_t n) {
  test_io.written += n;
  return test_io.real->write(f, at, p, n);
}

static int testSync(File *f) {
  return test_io.fail_sync ? SEINE_IOERR : test_io.real->sync(f);
}

static int testFileOpen(Vfs *v, const char *path, int flags, File **out) {
  (void)v;
  int rc = test_io.below->open(test_io.below, path, flags, out);
  if (rc) return rc;
  test_io.real = (*out)->ops;
  test_io.ops = *(*out)->ops;
  test_io.ops.write = testWrite;
  test_io.ops.sync = testSync;
  (*out)->ops = &test_io.ops;
  return SEINE_OK;
}

/* ---- a database --------------------------------------------------------- */

static Budget test_budget;
static const char *test_path;

static void testSay(void *arg, const char *text) {
  (void)arg;
  (void)text;
}

static void testFinding(void *arg, const char *text) {
  printf("# %s\n", text);
  ++*(int *)arg;
}

static Store *testOpen(const char *path) {
  StoreConfig c = {0};
  Store *s = NULL;
  test_io.below = snOsMemory();
  test_io.vfs = *test_io.below;
  test_io.vfs.open = testFileOpen;
  c.vfs = &test_io.vfs;
  c.path = test_path = path;
  c.create = true;
  c.budget = &test_budget;
  c.message = testSay;
  if (snStoreOpen(&c, &s)) return NULL;
  snWriterSetWalk(s, snCatalogWalk, s);
  return s;
}

static Catalog *testCatalog(Store *s) {
  Snapshot *n = NULL;
  Catalog *c = NULL;
  if (!snSnapshotOpen(s, &n)) snCatalogOpen(s, n, &c);
  snSnapshotDrop(n);
  return c;
}

static int testCreate(CatalogEdit *e, const char *name, u64 *id) {
  Table *t = snTableNew(&test_budget, name, strlen(name));
  TableState *s = NULL;
  int rc = t ? SEINE_OK : SEINE_NOMEM;
  if (!rc) t->id = snCatalogEditNewId(e);
  if (!rc && id) *id = t->id;
  if (!rc) rc = snTableAdd(t, "a", 1, TYPE_INTEGER, false, NULL, NULL);
  if (!rc) rc = snTableAdd(t, "b", 1, TYPE_TEXT, true, "english", "'x'");
  if (!rc) s = snTableStateNew(&test_budget, t);
  if (!rc && !s) rc = SEINE_NOMEM;
  if (!rc) rc = snCatalogEditPut(e, s, true);
  snTableStateDrop(s);
  snTableDrop(t);
  return rc;
}

static int testPutBytes(Store *s, u32 n, u64 seed, ExtentRef *ref) {
  static u8 bytes[20000];
  memset(bytes, (int)(seed & 255), n);
  return snWriterPut(s, bytes, n, seed, ref);
}

/* Column 1 of a segment, written again. */
static int testPatch(Store *s, CatalogEdit *e, TableState *t, u64 segment) {
  ColumnPatch p = {.segment = segment, .column = t->table->col[0].id};
  int rc = testPutBytes(s, 70, segment, &p.ref);
  if (!rc) rc = snCatalogEditOwn(e, &p.ref);
  return rc ? rc : snTableStatePatch(&test_budget, t, &p);
}

/* Adds a segment with `live` pieces of deletions.  With none or two, its
** first column is patched, twice, and that of the oldest segment once more. */
static int testSegment(Store *s, CatalogEdit *e, const char *name, u32 live) {
  TableState *was, *now;
  int rc = snCatalogEditFind(e, name, strlen(name), &was);
  if (rc || !was) return rc ? rc : SEINE_ERROR;
  now = snTableStateCopy(&test_budget, was);
  if (!now) return SEINE_NOMEM;
  SegmentRef *g = now->seg + now->nseg++;
  g->id = snCatalogEditNewId(e);
  g->docs = 10;
  g->rowid_min = -5;
  g->rowid_max = INT64_MAX;
  now->next_rowid = was->next_rowid + 10;
  rc = testPutBytes(s, 100, g->id, &g->ref);
  if (!rc) rc = snCatalogEditOwn(e, &g->ref);
  for (; !rc && g->live.n < live; g->live.n++) {
    ExtentRef *r = g->live.ref + g->live.n;
    rc = testPutBytes(s, 50, g->id, r);
    if (!rc) rc = snCatalogEditOwn(e, r);
    g->live.deleted++;
  }
  for (u32 i = 0; !rc && live % 2 == 0 && i < 2; i++)
    rc = testPatch(s, e, now, g->id);
  if (!rc && live % 2 == 0) rc = testPatch(s, e, now, now->seg[0].id);
  if (!rc) rc = snCatalogEditPut(e, now, false);
  snTableStateDrop(now);
  return rc;
}

/* Drops the first segment of a table. */
static int testUnsegment(CatalogEdit *e, const char *name) {
  TableState *was, *now;
  int rc = snCatalogEditFind(e, name, strlen(name), &was);
  if (rc || !was) return rc ? rc : SEINE_ERROR;
  if (!was->nseg) return SEINE_OK;
  now = snTableStateCopy(&test_budget, was);
  if (!now) return SEINE_NOMEM;
  now->nseg--;
  memmove(now->seg, now->seg + 1, now->nseg * sizeof *now->seg);
  snTableStatePrune(now);
  rc = snCatalogEditPut(e, now, false);
  snTableStateDrop(now);
  return rc;
}

static int testDrop(CatalogEdit *e, const char *name) {
  TableState *s;
  int rc = snCatalogEditFind(e, name, strlen(name), &s);
  if (rc || !s) return rc ? rc : SEINE_ERROR;
  return snCatalogEditRemove(e, s->table->id);
}

static bool testSound(Store *s) {
  Snapshot *n;
  int found = 0;
  if (snSnapshotOpen(s, &n)) return false;
  int rc = snStoreCheck(s, n, testFinding, &found);
  snSnapshotDrop(n);
  return !rc && !found;
}

/* ---- 1. tables ---------------------------------------------------------- */

static int testAdd(Table *t, const char *name, u8 type) {
  return snTableAdd(t, name, strlen(name), type, false, NULL, NULL);
}

static void testTableSql(void) {
  Buf b;
  Table *t = snTableNew(&test_budget, "my logs", 7);
  snBufInit(&b, &test_budget);
  testAdd(t, "n", TYPE_INTEGER);
  snTableAdd(t, "@timestamp", 10, TYPE_TIMESTAMP, true, NULL, NULL);
  snTableAdd(t, "body", 4, TYPE_TEXT, false, "english", NULL);
  snTableAdd(t, "Select", 6, TYPE_TEXT, true, NULL, "'it''s'");
  testAdd(t, "tags", TYPE_KEYWORD | TYPE_ARRAY);
  testAdd(t, "1a", TYPE_IP);
  snTableSql(t, &b);
  const char *want = "CREATE TABLE \"my logs\"(n INTEGER, "
      "\"@timestamp\" TIMESTAMP NOT NULL, body TEXT ANALYZER english, "
      "\"Select\" TEXT NOT NULL DEFAULT 'it''s', tags KEYWORD[], \"1a\" IP)";
  testOk(!strcmp(snBufText(&b), want), "the SQL of a table");
  if (strcmp(snBufText(&b), want)) printf("# %s\n", snBufText(&b));
  snBufClear(&b);
  snTableDrop(t);
}

static void testTable(void) {
  Table *t = snTableNew(&test_budget, "T", 1), *c;
  testRc(testAdd(t, "One", TYPE_INTEGER), SEINE_OK, "a column");
  testRc(testAdd(t, "oNE", TYPE_TEXT), SEINE_ERROR, "the same name again");
  testRc(testAdd(t, "x", TYPE_NULL), SEINE_ERROR, "no type");
  testRc(testAdd(t, "x", TYPE_INTERVAL), SEINE_ERROR, "not a column's type");
  testRc(testAdd(t, "two", TYPE_TEXT), SEINE_OK, "another column");
  testOk(t->col[0].id == 1 && t->col[1].id == 2 && !t->col[0].analyzer &&
          !strcmp(t->col[1].analyzer, "standard"), "ids and analyzers");
  c = snTableCopy(&test_budget, t);
  snTableRemoveColumn(c, 0);
  testRc(testAdd(c, "one", TYPE_REAL), SEINE_OK, "its name is free again");
  testOk(c->col[1].id == 3 && c->next_column == 4, "an id is not used again");
  testRc(snTableRenameColumn(c, 0, "ONE", 3), SEINE_ERROR, "a taken name");
  testRc(snTableRenameColumn(c, 1, "ONE", 3), SEINE_OK, "another case");
  testOk(snTableColumn(c, "one", 3) == 1 && snTableColumn(t, "one", 3) == 0 &&
          snTableColumn(t, "three", 5) == -1, "look-up");
  snTableDrop(c);
  bool good = true;
  char name[16];
  for (u32 i = 2; i < 32767; i++) {
    snprintf(name, sizeof name, "Col%u", i);
    good &= !testAdd(t, name, TYPE_INTEGER);
  }
  testOk(good, "32,767 columns");
  testRc(testAdd(t, "more", TYPE_REAL), SEINE_TOOBIG, "and not one more");
  c = snTableCopy(&test_budget, t);
  snTableRemoveColumn(c, 100);
  good = true;
  for (u32 i = 2; i < 32767; i += 7) {
    int n = snprintf(name, sizeof name, "cOL%u", i);
    good &= snTableColumn(t, name, (size_t)n) == (int)i;
    good &= snTableColumn(c, name, (size_t)n) ==
        (i == 100 ? -1 : (int)(i - (i > 100)));
  }
  testOk(good, "found by name");
  snTableDrop(c);
  snTableDrop(t);
  testTableSql();
}

/* ---- 2. growing --------------------------------------------------------- */

static int testMany(Store *s, u32 from, u32 to) {
  CatalogEdit *e;
  char name[32];
  int rc = catalogBegin(s, &e);
  if (rc) return rc;
  for (u32 i = from; !rc && i < to; i++) {
    snprintf(name, sizeof name, "Table%u", i);
    rc = testCreate(e, name, NULL);
  }
  if (!rc) return catalogEnd(s, e, SEINE_OK);
  snCatalogEditFree(e);
  snWriterRollback(s);
  return rc;
}

static bool testHas(Store *s, u32 n, u32 depth) {
  Catalog *c = testCatalog(s);
  bool good = c && snCatalogCount(c) == n && c->depth == depth;
  if (c && !good) printf("# %u tables, depth %u\n", c->n, c->depth);
  for (u32 i = 0; good && i < n; i++) {
    char name[32];
    TableState *t;
    const char *have;
    int len = snprintf(name, sizeof name, "TABLE%u", i);
    good = !snCatalogFind(c, name, (size_t)len, &t) && t && t->table->ncol == 2;
    good = good && !snCatalogName(c, i, &have) && atoi(have + 5) == (int)i;
  }
  snCatalogDrop(c);
  return good;
}

/* Bytes that a commit of one segment writes. */
static u64 testCost(Store *s, const char *name) {
  CatalogEdit *e;
  if (catalogBegin(s, &e)) return UINT64_MAX;
  u64 was = test_io.written;
  int rc = testSegment(s, e, name, 0);
  if (catalogEnd(s, e, SEINE_OK) || rc) return UINT64_MAX;
  return test_io.written - was;
}

static void testGrow(void) {
  Store *s = testOpen("grow");
  Catalog *c = testCatalog(s);
  TableState *t = NULL;
  testOk(c && !snCatalogCount(c) && !snCatalogCookie(c) &&
          !snCatalogFind(c, "t", 1, &t) && !t, "an empty catalog");
  snCatalogDrop(c);
  testRc(testMany(s, 0, 1), SEINE_OK, "one table");
  testOk(testHas(s, 1, 0), "is read back");
  u64 one = testCost(s, "table0");
  testRc(testMany(s, 1, 64), SEINE_OK, "64 tables");
  testOk(testHas(s, 64, 0), "in one node");
  u64 full = testCost(s, "table5");
  testRc(testMany(s, 64, 65), SEINE_OK, "the 65th");
  testOk(testHas(s, 65, 1), "makes a level");
  testRc(testMany(s, 65, 4200), SEINE_OK, "4,200 tables");
  testOk(testHas(s, 4200, 2), "have two");
  u64 many = testCost(s, "table4000");
  printf("# bytes of a commit: %llu, %llu, %llu\n", (unsigned long long)one,
      (unsigned long long)full, (unsigned long long)many);
  testOk(many <= one + 5 * SN_PAGE, "a commit among many tables is cheap");
  testOk(testSound(s), "no two extents overlap");
  snStoreClose(s);
  s = testOpen("grow");
  testOk(testHas(s, 4200, 2), "and all is there when opened again");
  testRc(testMany(s, 4200, 4201), SEINE_OK, "one more");
  testOk(testSound(s) && testHas(s, 4201, 2), "goes on from there");
  snStoreClose(s);
}

/* ---- 3. edits ----------------------------------------------------------- */

static bool testSees(CatalogEdit *e, const char *want) {
  Buf b;
  bool good = true;
  snBufInit(&b, &test_budget);
  for (u32 i = 0; i < snCatalogEditCount(e); i++) {
    const char *name;
    TableState *t;
    if (snCatalogEditName(e, i, &name)) break;
    snBufStr(&b, i ? " " : "");
    snBufStr(&b, name);
    good &= !snCatalogEditFind(e, name, strlen(name), &t) && t;
  }
  good &= !strcmp(snBufText(&b), want);
  if (!good) printf("# got: %s\n", snBufText(&b));
  snBufClear(&b);
  return good;
}

static int testRename(CatalogEdit *e, const char *name, const char *to) {
  TableState *was, *now;
  int rc = snCatalogEditFind(e, name, strlen(name), &was);
  if (rc || !was) return rc ? rc : SEINE_ERROR;
  now = snTableStateCopy(&test_budget, was);
  snTableDrop(now->table);
  now->table = snTableCopy(&test_budget, was->table);
  rc = snTableRename(now->table, to, strlen(to));
  if (!rc) rc = snCatalogEditPut(e, now, true);
  snTableStateDrop(now);
  return rc;
}

static void testMarks(CatalogEdit *e) {
  CatalogMark *m, *m2;
  u64 cookie = snCatalogEditCookie(e);
  snCatalogEditMark(e, &m);
  testRc(testDrop(e, "B"), SEINE_OK, "drop one");
  testRc(testCreate(e, "b", NULL), SEINE_OK, "and use its name");
  testOk(testSees(e, "A C b"), "the new one is last");
  u64 inner = snCatalogEditCookie(e);
  testOk(inner != cookie, "the cookie moves");
  snCatalogEditMark(e, &m2);
  testRc(testDrop(e, "b"), SEINE_OK, "drop the new one");
  testRc(testRename(e, "a", "Z"), SEINE_OK, "rename one");
  testOk(testSees(e, "Z C"), "what is left");
  testRc(snCatalogEditBack(e, m2), SEINE_OK, "back");
  testOk(testSees(e, "A C b") && snCatalogEditCookie(e) == inner,
      "is what was");
  snCatalogMarkFree(m2);
  testRc(snCatalogEditBack(e, m), SEINE_OK, "back to the first mark");
  testOk(testSees(e, "A B C") && snCatalogEditCookie(e) == cookie,
      "is the base");
  testRc(testCreate(e, "d", NULL), SEINE_OK, "go on");
  testOk(snCatalogEditCookie(e) != inner, "no cookie comes twice");
  testRc(snCatalogEditBack(e, m), SEINE_OK, "and back again");
  testOk(testSees(e, "A B C"), "as often as one likes");
  snCatalogMarkFree(m);
}

static void testEdit(void) {
  Store *s = testOpen("edit");
  CatalogEdit *e;
  Catalog *c;
  u64 id = 0, other = 0;
  testRc(catalogBegin(s, &e), SEINE_OK, "begin");
  testRc(testCreate(e, "A", &id), SEINE_OK, "create");
  testRc(testCreate(e, "B", NULL), SEINE_OK, "create");
  testRc(testCreate(e, "a", NULL), SEINE_ERROR, "a taken name");
  testRc(testCreate(e, "C", NULL), SEINE_OK, "create");
  testOk(testSees(e, "A B C"), "seen inside");
  testRc(catalogEnd(s, e, SEINE_OK), SEINE_OK, "commit");
  catalogBegin(s, &e);
  testMarks(e);
  u64 was = test_io.written;
  testRc(catalogEnd(s, e, SEINE_OK), SEINE_OK, "a commit of nothing");
  testOk(was == test_io.written && !snWriterActive(s), "writes nothing");
  catalogBegin(s, &e);
  testRc(testDrop(e, "A"), SEINE_OK, "drop");
  testRc(snCatalogEditRemove(e, id), SEINE_ERROR, "twice");
  testRc(testRename(e, "c", "cc"), SEINE_OK, "rename");
  testRc(testRename(e, "cc", "b"), SEINE_ERROR, "to a taken name");
  testRc(catalogEnd(s, e, SEINE_OK), SEINE_OK, "commit");
  catalogBegin(s, &e);
  testOk(testSees(e, "B cc"), "two are left");
  testRc(testCreate(e, "E", &other), SEINE_OK, "create");
  testOk(testSees(e, "E B cc"), "a free slot is used again");
  testOk(other > id + 2, "an id is not");
  testRc(catalogEnd(s, e, SEINE_OK), SEINE_OK, "commit");
  c = testCatalog(s);
  testOk(c && snCatalogCount(c) == 3 && snCatalogCookie(c) == 6,
      "the cookie counts DDL");
  snCatalogDrop(c);
  testOk(testSound(s), "sound");
  snStoreClose(s);
}

/* ---- 4. a model --------------------------------------------------------- */

#define TEST_TABLES 150

static u32 test_state = 1;

static u32 testRandom(u32 n) {
  test_state = test_state * 1664525 + 1013904223;
  return (test_state >> 8) % n;
}

static bool testModelStep(Store *s, CatalogEdit *e, int *segs) {
  u32 k = testRandom(TEST_TABLES);
  char name[16];
  snprintf(name, sizeof name, "t%u", k);
  if (segs[k] < 0) {
    segs[k] = 0;
    return !testCreate(e, name, NULL);
  }
  switch (testRandom(8)) {
  case 0:
    segs[k] = -1;
    return !testDrop(e, name);
  case 1:
    return !testRename(e, name, name);
  case 2: case 3:
    segs[k] -= segs[k] > 0;
    return !testUnsegment(e, name);
  default:
    segs[k]++;
    return !testSegment(s, e, name, testRandom(3));
  }
}

static bool testModelSame(Store *s, const int *segs) {
  Catalog *c = testCatalog(s);
  bool good = c != NULL;
  u32 n = 0;
  for (u32 k = 0; good && k < TEST_TABLES; k++) {
    char name[16];
    TableState *t;
    int len = snprintf(name, sizeof name, "t%u", k);
    good = !snCatalogFind(c, name, (size_t)len, &t);
    good = good && (t ? (int)t->nseg : -1) == segs[k];
    n += segs[k] >= 0;
    for (u32 i = 0; good && t && i < t->nseg; i++) {
      Extent *x;
      good = !snExtentOpen(s, &t->seg[i].ref, &x) && !snExtentVerify(x);
      snExtentDrop(x);
    }
  }
  good = good && snCatalogCount(c) == n;
  snCatalogDrop(c);
  return good;
}

/* One transaction, with a step that is taken back now and then. */
static bool testModelTxn(Store *s, int *segs) {
  CatalogEdit *e;
  int was[TEST_TABLES], mid[TEST_TABLES];
  bool good = !catalogBegin(s, &e);
  memcpy(was, segs, sizeof was);
  for (u32 i = testRandom(9); good && i-- > 0;) {
    CatalogMark *m;
    memcpy(mid, segs, sizeof mid);
    snCatalogEditMark(e, &m);
    good = testModelStep(s, e, segs) && testModelStep(s, e, segs);
    if (!testRandom(4)) {
      snCatalogEditBack(e, m);
      memcpy(segs, mid, sizeof mid);
    }
    snCatalogMarkFree(m);
  }
  if (!good || testRandom(10)) {
    int rc = catalogEnd(s, e, SEINE_OK);
    if (rc) printf("# commit: %d %s\n", rc, snFaultLog());
    return good && !rc;
  }
  snCatalogEditFree(e);
  snWriterRollback(s);
  memcpy(segs, was, sizeof was);
  return good;
}

static u64 testUsed(Store *s) { /* pages that the catalog reaches */
  StoreInfo i;
  return snStoreInfo(s, &i) ? 0 : i.pages - i.free_pages - i.graveyard_pages;
}

static void testModel(void) {
  Store *s = testOpen("model");
  int segs[TEST_TABLES];
  bool good = s != NULL;
  memset(segs, 0xff, sizeof segs);
  for (u32 i = 0; good && i < 1500; i++) {
    good = testModelTxn(s, segs);
    if (good && i % 50 == 0) good = testModelSame(s, segs) && testSound(s);
    if (i % 400 == 399) {
      snStoreClose(s);
      s = testOpen("model");
    }
  }
  testOk(good && testModelSame(s, segs), "1,500 random transactions");
  testOk(testSound(s), "sound");
  CatalogEdit *e;
  catalogBegin(s, &e);
  for (u32 k = 0; k < TEST_TABLES; k++) {
    char name[16];
    snprintf(name, sizeof name, "t%u", k);
    if (segs[k] >= 0) testDrop(e, name);
  }
  testRc(catalogEnd(s, e, SEINE_OK), SEINE_OK, "all tables dropped");
  u64 here = testUsed(s);
  snStoreClose(s);
  s = testOpen("model");
  u64 there = testUsed(s);
  printf("# pages in use: %llu, %llu\n", (unsigned long long)here,
      (unsigned long long)there);
  testOk(here <= 8 && there <= 8, "everything was freed");
  snStoreClose(s);
}

/* ---- 5. doubt ----------------------------------------------------------- */

static ExtentRef test_doubt[64];
static u32 test_ndoubt;

static int testDoubtful(void *arg, const ExtentRef *ref) {
  if (snWriterDoubtful(arg, ref)) test_doubt[test_ndoubt++] = *ref;
  return SEINE_OK;
}

static int testReached(void *arg, const ExtentRef *ref) {
  for (u32 i = 0; i < test_ndoubt; i++)
    *(bool *)arg |= test_doubt[i].page == ref->page;
  return SEINE_OK;
}

/* The last commit's sync fails: the next handle finds it in doubt. */
static void testDoubtRun(const char *path, u32 tables, bool other) {
  Store *s = testOpen(path);
  Snapshot *n;
  CatalogEdit *e;
  Catalog *c;
  TableState *t;
  bool reached = false;
  int rc = testMany(s, 0, tables);
  catalogBegin(s, &e);
  for (u32 i = 0; !rc && i < 3; i++) rc = testSegment(s, e, "table1", 2);
  if (!rc) rc = testUnsegment(e, "table1");
  if (!rc) rc = testCreate(e, "fresh", NULL);
  test_io.fail_sync = true;
  testOk(!rc && catalogEnd(s, e, SEINE_OK), "a commit whose sync fails");
  test_io.fail_sync = false;
  snStoreClose(s);
  s = testOpen(path);
  testRc(catalogBegin(s, &e), SEINE_OK, "the next writer");
  test_ndoubt = 0;
  snSnapshotOpen(s, &n);
  rc = snCatalogWalk(s, n, testDoubtful, s);
  snSnapshotDrop(n);
  testOk(!rc && test_ndoubt >= 9, "finds it in doubt");
  rc = other ? testSegment(s, e, "table2", 1) : testDrop(e, "table1");
  testRc(rc, SEINE_OK, "and changes something");
  testRc(catalogEnd(s, e, SEINE_OK), SEINE_OK, "commits");
  snSnapshotOpen(s, &n);
  rc = snCatalogWalk(s, n, testReached, &reached);
  snSnapshotDrop(n);
  testOk(!rc && !reached, "no doubtful extent is reached any more");
  c = testCatalog(s);
  testOk(c && snCatalogCount(c) == tables + other &&
          !snCatalogFind(c, "table1", 6, &t) &&
          (other ? t && t->nseg == 2 && t->seg[1].live.n == 2 : !t) &&
          !snCatalogFind(c, "fresh", 5, &t) && t && t->table->ncol == 2,
      "and all of it is there");
  snCatalogDrop(c);
  testOk(testSound(s), "sound");
  snStoreClose(s);
}

static void testDoubt(void) {
  testDoubtRun("doubt1", 5, true);
  testDoubtRun("doubt2", 5, false);
  testDoubtRun("doubt3", 64, true);
  testDoubtRun("doubt4", 200, true);
  testDoubtRun("doubt5", 4100, false);
}

/* ---- 6. damage and memory ----------------------------------------------- */

/* Opens and reads everything; its rc. */
static int testReadAll(Store *s) {
  Snapshot *n;
  Catalog *c = NULL;
  TableState *t;
  int rc = snSnapshotOpen(s, &n);
  if (rc) return rc;
  rc = snCatalogOpen(s, n, &c);
  for (u32 k = 0; !rc && k < snCatalogCount(c); k++)
    rc = snCatalogState(c, k, &t);
  snCatalogDrop(c);
  snSnapshotDrop(n);
  return rc;
}

static int testNoWalk(void *store, Snapshot *n,
    int (*seen)(void *, const ExtentRef *), void *arg) {
  (void)store, (void)n, (void)seen, (void)arg;
  return SEINE_OK;
}

static void testHurt(u8 *p, u32 *n, u32 at) {
  static const u8 bytes[] = {0, 1, 0x7f, 0x80, 0xff};
  switch (testRandom(4)) {
  case 0: *n = at; break;
  case 1: p[at] ^= (u8)(1 << testRandom(8)); break;
  default: p[at] = bytes[testRandom(5)]; break;
  }
}

static bool testFair(int rc) {
  return rc == SEINE_OK || rc == SEINE_CORRUPT;
}

static void testDamagedRoot(const char *path, u32 tables) {
  Store *s = testOpen(path);
  CatalogEdit *e;
  Snapshot *n;
  u32 len, bad = 0;
  testMany(s, 0, tables);
  catalogBegin(s, &e);
  testSegment(s, e, "table3", 2);
  catalogEnd(s, e, SEINE_OK);
  snSnapshotOpen(s, &n);
  const u8 *p = snSnapshotRoot(n, &len);
  u8 *root = malloc(len), *hurt = malloc(len);
  memcpy(root, p, len);
  snSnapshotDrop(n);
  snWriterSetWalk(s, testNoWalk, NULL);
  bool good = !testReadAll(s);
  for (u32 i = 0; good && i < len * 6; i++) {
    u32 m = len;
    memcpy(hurt, root, len);
    testHurt(hurt, &m, i % len);
    good = !snWriterBegin(s, &n) && !snWriterCommit(s, hurt, m, NULL, 0);
    int rc = testReadAll(s);
    good = good && testFair(rc);
    bad += rc == SEINE_CORRUPT;
  }
  printf("# %u of %u found corrupt\n", bad, len * 6);
  testOk(good, "damaged roots");
  free(root);
  free(hurt);
  snStoreClose(s);
}

/* Puts a copy of the payload of *ref with a byte changed, with fair seed and
** checksums, and points *ref to it. */
static int testForge(Store *s, ExtentRef *ref) {
  Extent *x;
  const u8 *p;
  u8 copy[4096];
  u32 n = (u32)ref->len;
  int rc = snExtentOpen(s, ref, &x);
  if (rc) return rc;
  rc = snExtentGet(x, 0, n, &p);
  if (!rc) memcpy(copy, p, n);
  snExtentDrop(x);
  if (rc) return rc;
  testHurt(copy, &n, testRandom(n));
  return snWriterPut(s, copy, n, ref->seed, ref);
}

/* Commits a catalog of one table with a forged record or schema. */
static int testForgeTable(Store *s, TableState *t, ExtentRef record) {
  Snapshot *n;
  Buf b;
  u8 ref[EXTENT_REF_BYTES];
  int rc = snWriterBegin(s, &n);
  if (!rc && testRandom(2)) {
    ExtentRef schema = t->schema_ref;
    Extent *x;
    const u8 *p;
    u8 copy[4096];
    rc = testForge(s, &schema);
    snExtentRefPut(ref, &t->schema_ref);
    if (rc || snExtentOpen(s, &record, &x)) return SEINE_IOERR;
    snExtentGet(x, 0, record.len, &p);
    memcpy(copy, p, record.len);
    snExtentDrop(x);
    for (u32 i = 0; i + sizeof ref <= record.len; i++)
      if (!memcmp(copy + i, ref, sizeof ref)) snExtentRefPut(copy + i, &schema);
    rc = snWriterPut(s, copy, record.len, record.seed, &record);
  } else if (!rc) {
    rc = testForge(s, &record);
  }
  if (rc) return rc;
  snBufInit(&b, &test_budget);
  snBufByte(&b, CATALOG_VERSION);
  snBufVarint(&b, 1);
  snBufVarint(&b, 1000);
  snBufVarint(&b, 1);
  snBufByte(&b, 0);
  snBufU64(&b, 1);
  snBufVarint(&b, t->table->id);
  snBufVarint(&b, strlen(t->table->name));
  snBufStr(&b, t->table->name);
  snExtentRefPut(ref, &record);
  snBufAdd(&b, ref, sizeof ref);
  rc = snWriterCommit(s, b.data, (u32)b.n, NULL, 0);
  snBufClear(&b);
  return rc;
}

static void testDamagedTable(void) {
  Store *s = testOpen("forge");
  CatalogEdit *e;
  TableState *t;
  u32 bad = 0;
  testMany(s, 0, 1);
  catalogBegin(s, &e);
  testSegment(s, e, "table0", 2);
  testSegment(s, e, "table0", 0);
  testRc(catalogEnd(s, e, SEINE_OK), SEINE_OK, "a table with segments");
  Catalog *c = testCatalog(s);
  bool good = !snCatalogState(c, 0, &t);
  snWriterSetWalk(s, testNoWalk, NULL);
  for (u32 i = 0; good && i < 3000; i++) {
    good = !testForgeTable(s, t, c->entry[0].record);
    int rc = testReadAll(s);
    good = good && testFair(rc);
    bad += rc == SEINE_CORRUPT;
  }
  printf("# %u of 3000 found corrupt\n", bad);
  testOk(good && bad > 1000, "damaged records and schemas");
  snCatalogDrop(c);
  snStoreClose(s);
}

static int testMemoryRun(Store *s) {
  CatalogEdit *e;
  CatalogMark *m = NULL;
  int rc = catalogBegin(s, &e);
  if (rc) return rc;
  rc = testCreate(e, "x", NULL);
  if (!rc) rc = testSegment(s, e, "table3", 1);
  if (!rc) rc = snCatalogEditMark(e, &m);
  if (!rc) rc = testDrop(e, "table2");
  if (!rc) rc = testSegment(s, e, "table3", 1);
  if (!rc) rc = snCatalogEditBack(e, m);
  if (!rc) rc = testDrop(e, "table4");
  const char *name;
  if (!rc) rc = snCatalogEditName(e, 3, &name);
  if (!rc) rc = snCatalogEditCommit(e);
  snCatalogMarkFree(m);
  snCatalogEditFree(e);
  if (rc) snWriterRollback(s);
  return rc;
}

static void testMemory(void) {
  Store *s = testOpen("memory");
  testMany(s, 0, 70);
  int rc = SEINE_NOMEM;
  bool good = true;
  i64 n;
  for (n = 1; rc && good && n < 5000; n++) {
    snFaultMem(n, false);
    rc = testMemoryRun(s);
    snFaultMem(0, false);
    good = !rc || rc == SEINE_NOMEM;
    if (good && rc) good = testHas(s, 70, 1);
  }
  printf("# %lld allocations, rc %d\n", (long long)n, rc);
  testOk(good && !rc, "each allocation fails once");
  testOk(testSound(s), "sound");
  snStoreClose(s);
}

/* ---- 7: following ------------------------------------------------------- */

static bool testTwins(Catalog *a, Catalog *b) {
  bool good = a && b && snCatalogCount(a) == snCatalogCount(b) &&
      snCatalogCookie(a) == snCatalogCookie(b) && a->next_id == b->next_id;
  for (u32 i = 0; good && i < a->n; i++) {
    TableState *x = NULL, *y = NULL;
    good = !snCatalogState(a, i, &x) && !snCatalogState(b, i, &y) &&
        a->entry[i].slot == b->entry[i].slot &&
        !strcmp(a->entry[i].name, b->entry[i].name) &&
        x->table->id == y->table->id && x->nseg == y->nseg &&
        x->next_rowid == y->next_rowid &&
        !memcmp(&x->schema_ref, &y->schema_ref, sizeof x->schema_ref);
    for (u32 k = 0; good && k < x->nseg; k++)
      good = x->seg[k].id == y->seg[k].id &&
          !memcmp(&x->seg[k].ref, &y->seg[k].ref, sizeof x->seg[k].ref);
    good = good && x->npatch == y->npatch;
    for (u32 k = 0; good && k < x->npatch; k++)
      good = x->patch[k].segment == y->patch[k].segment &&
          !memcmp(&x->patch[k].ref, &y->patch[k].ref, sizeof x->patch->ref);
  }
  return good;
}

/* One to three tables get a segment, now and then one comes or goes. */
static int testFollowTxn(Store *s, u32 tables, bool ddl) {
  CatalogEdit *e;
  char name[40];
  int rc = catalogBegin(s, &e);
  if (rc) return rc;
  for (u32 k = testRandom(3) + 1; !rc && k; k--) {
    snprintf(name, sizeof name, "table%u", testRandom(tables));
    rc = testSegment(s, e, name, 0);
  }
  snprintf(name, sizeof name, "extra%u", testRandom(1u << 30));
  if (!rc && ddl) rc = testCreate(e, name, NULL);
  return rc ? rc : catalogEnd(s, e, SEINE_OK);
}

static void testFollow(const char *path, u32 tables, u32 rounds) {
  Store *s = testOpen(path), *reader;
  Catalog *c, *fresh;
  Snapshot *n = NULL;
  u32 followed = 0;
  bool good = !testMany(s, 0, tables);
  reader = testOpen(path);
  c = testCatalog(reader);
  good = good && c;
  for (u32 i = 0; good && i < rounds; i++) {
    u32 steps = testRandom(3);
    bool ddl = testRandom(5) == 0;
    if (testRandom(2)) snCatalogRest(c);
    for (u32 k = 0; good && k < steps; k++)
      good = !testFollowTxn(s, tables, ddl && !k);
    good = good && !snSnapshotOpen(reader, &n);
    if (!good) break;
    if (snCatalogFollow(c, n)) {
      followed++;
      good = !(ddl && steps);
    } else {
      good = ddl && steps;
      snCatalogDrop(c);
      if (snCatalogOpen(reader, n, &c)) c = NULL;
    }
    snSnapshotDrop(n);
    fresh = testCatalog(reader);
    good = good && testTwins(c, fresh);
    snCatalogDrop(fresh);
  }
  printf("# %u tables: followed %u of %u\n", tables, followed, rounds);
  testOk(good && followed > rounds / 2, "a followed catalog is a fresh one");
  snCatalogKeep(c);
  good = !snSnapshotOpen(reader, &n) && !snCatalogFollow(c, n);
  snSnapshotDrop(n);
  snCatalogDrop(c);
  testOk(good, "not while somebody else holds it");
  snCatalogDrop(c);
  snStoreClose(reader);
  snStoreClose(s);
}

/* A connection that reads and writes one of 5,000 tables takes far less than
** one that reads the names of all of them for each statement. */
static u32 test_read;
static int testRead(File *f, u64 at, void *p, size_t n) {
  test_read++;
  return test_io.real->read(f, at, p, n);
}

static void testFollowCost(void) {
  Store *s = testOpen("cost"), *reader;
  Snapshot *n = NULL;
  u32 fresh, most = 0;
  bool good = !testMany(s, 0, 5000);
  reader = testOpen("cost");
  test_io.ops.read = testRead;
  test_read = 0;
  Catalog *c = testCatalog(reader);
  fresh = test_read;
  for (u32 i = 0; good && i < 20; i++) {
    good = !testFollowTxn(s, 5000, false) && !snSnapshotOpen(reader, &n);
    test_read = 0;
    good = good && snCatalogFollow(c, n);
    most = SN_MAX(most, test_read);
    snSnapshotDrop(n);
  }
  printf("# %u reads to open, at most %u to follow\n", fresh, most);
  testOk(good && fresh > 70 && most < 20, "what has not changed is not read");
  snCatalogDrop(c);
  snStoreClose(reader);
  snStoreClose(s);
}

int main(void) {
  testTable();
  testGrow();
  testEdit();
  testModel();
  testDoubt();
  testDamagedRoot("damage1", 4);
  testDamagedRoot("damage2", 70);
  testDamagedTable();
  testMemory();
  testFollow("follow1", 5, 300);
  testFollow("follow2", 70, 300);
  testFollow("follow3", 4200, 40);
  testFollowCost();
  testOk(test_budget.used == 0, "no memory is left");
  printf("1..%d\n", test_count);
  return test_failed != 0;
}
