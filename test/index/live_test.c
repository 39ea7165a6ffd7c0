/*
** live_test: deletions of a segment, over the memory vfs.
**   1. a few deletions, by hand
**   2. random writes against a model: few extents, small writes
**   3. a whole segment deleted
**   4. damaged bytes, and memory that runs out
*/
#include "index/index.h"

static int test_count, test_failed;

static void testOk(bool ok, const char *name) {
  printf("%sok %d - %s\n", ok ? "" : "not ", ++test_count, name);
  test_failed += !ok;
}

static void testRc(int rc, int want, const char *name) {
  testOk(rc == want, name);
  if (rc != want) printf("# rc %d, wanted %d: %s\n", rc, want, snFaultLog());
}

static Budget test_budget;
static u32 test_state = 1;

static u32 testRandom(u32 n) {
  test_state = test_state * 1664525 + 1013904223;
  return (test_state >> 8) % n;
}

static void testSay(void *arg, const char *text) {
  (void)arg;
  (void)text;
}

static int testNoWalk(void *store, Snapshot *n,
    int (*seen)(void *, const ExtentRef *), void *arg) {
  (void)store, (void)n, (void)seen, (void)arg;
  return SEINE_OK;
}

/* A store with a writer at work, so that extents can be put and read. */
static Store *testOpen(void) {
  StoreConfig c = {0};
  Store *s = NULL;
  Snapshot *n;
  c.vfs = snOsMemory();
  c.create = true;
  c.budget = &test_budget;
  c.message = testSay;
  if (snStoreOpen(&c, &s)) return NULL;
  snWriterSetWalk(s, testNoWalk, NULL);
  if (snWriterBegin(s, &n)) return NULL;
  return s;
}

static void testClose(Store *s) {
  snWriterRollback(s);
  snStoreClose(s);
}

/* ---- a model ------------------------------------------------------------ */

typedef struct Model {
  u32 docs, nwin, gone;
  bool *dead;
  u64 **add; /* what the next write is given */
} Model;

static void testModelInit(Model *m, u32 docs) {
  m->docs = docs;
  m->nwin = (docs + SN_WINDOW - 1) / SN_WINDOW;
  m->gone = 0;
  m->dead = calloc(docs, 1);
  m->add = calloc(m->nwin, sizeof *m->add);
}

static void testModelClear(Model *m) {
  for (u32 w = 0; w < m->nwin; w++) free(m->add[w]);
  free(m->add);
  free(m->dead);
}

static void testDelete(Model *m, u32 doc) {
  u32 w = doc / SN_WINDOW;
  if (!m->add[w]) m->add[w] = calloc(SN_WORDS, 8);
  snBitSet(m->add[w], doc % SN_WINDOW);
  m->gone += !m->dead[doc];
  m->dead[doc] = true;
}

static int testWrite(Model *m, Store *s, const Live *old, LiveRef *ref) {
  int rc = snLiveWrite(s, old, m->add, m->docs, 7, ref);
  for (u32 w = 0; w < m->nwin; w++) {
    free(m->add[w]);
    m->add[w] = NULL;
  }
  return rc;
}

static bool testSame(const Model *m, const Live *l, const LiveRef *ref) {
  u64 bits[SN_WORDS];
  bool good = snLiveDeleted(l) == m->gone && ref->deleted == m->gone;
  for (u32 w = 0; good && w < m->nwin; w++) {
    u32 from = w * SN_WINDOW, n = SN_MIN(m->docs - from, SN_WINDOW);
    snBitsFirst(bits, SN_WORDS, n);
    snLiveMask(l, w, bits);
    for (u32 i = 0; good && i < SN_WINDOW; i++) {
      bool live = i < n && !m->dead[from + i];
      good = snBit(bits, i) == live;
      if (i < n) good = good && snLiveHas(l, from + i) == live;
    }
  }
  return good;
}

/* ---- 1 ------------------------------------------------------------------ */

static void testFew(void) {
  Store *s = testOpen();
  LiveRef ref = {0};
  Model m;
  Live *l;
  u64 bits[SN_WORDS];
  testModelInit(&m, 10000);
  testRc(testWrite(&m, s, NULL, &ref), SEINE_OK, "nothing to delete");
  testOk(!ref.n && !ref.deleted, "changes nothing");
  testRc(snLiveOpen(s, &ref, 10000, &l), SEINE_OK, "open of no deletions");
  testOk(!snLiveDeleted(l) && snLiveHas(l, 9999) && !snLiveHas(l, 10000),
      "all documents are there");
  snLiveDrop(l);
  testDelete(&m, 0);
  testDelete(&m, 4095);
  testDelete(&m, 9999);
  testRc(testWrite(&m, s, NULL, &ref), SEINE_OK, "three deletions");
  testOk(ref.n == 1 && ref.deleted == 3 && ref.ref[0].len == 4 + 24 + 6,
      "cost 34 bytes");
  testRc(snLiveOpen(s, &ref, 10000, &l), SEINE_OK, "open");
  testOk(testSame(&m, l, &ref), "and are read back");
  LiveRef was = ref;
  testDelete(&m, 0);
  testDelete(&m, 9999);
  testRc(testWrite(&m, s, l, &ref), SEINE_OK, "the same again");
  testOk(!memcmp(&was, &ref, sizeof ref), "writes nothing");
  testDelete(&m, 4095);
  testDelete(&m, 5000);
  testRc(testWrite(&m, s, NULL, &ref), SEINE_OK, "another, without old");
  testOk(ref.n == 2 && ref.deleted == 4 && ref.ref[0].len == 4 + 36 + 2 &&
          ref.ref[1].page == was.ref[0].page, "is one extent more");
  snLiveDrop(l);
  testRc(snLiveOpen(s, &ref, 10000, &l), SEINE_OK, "open");
  testOk(testSame(&m, l, &ref), "and is read back");
  memset(bits, 0xff, sizeof bits);
  snLiveMask(NULL, 0, bits);
  snLiveMask(l, 3, bits);
  testOk(snLiveHas(NULL, 5) && bits[0] == ~0ull, "no deletions, no window");
  Live *same = snLiveKeep(l);
  snLiveDrop(l);
  testOk(snLiveDeleted(same) == 4, "counted");
  snLiveDrop(same);
  testModelClear(&m);
  testClose(s);
}

/* ---- 2 and 3 ------------------------------------------------------------ */

static bool testRandomRun(u32 docs, u32 writes, u32 spread, u32 most) {
  Store *s = testOpen();
  LiveRef ref = {0};
  Model m;
  Live *l = NULL;
  bool good = true, eight = false;
  testModelInit(&m, docs);
  for (u32 i = 0; good && i < writes; i++) {
    u32 base = testRandom(docs), n = 1 + testRandom(most);
    while (n--) testDelete(&m, (base + testRandom(spread)) % docs);
    good = !testWrite(&m, s, i % 3 ? l : NULL, &ref) && ref.n <= 8;
    eight |= ref.n == 8;
    snLiveDrop(l);
    l = NULL;
    good = good && !snLiveOpen(s, &ref, docs, &l);
    if (i % 16 == 0 || i + 1 == writes) good = good && testSame(&m, l, &ref);
  }
  printf("# %u documents, %u deleted, %u extents%s\n", docs, m.gone, ref.n,
      eight ? ", 8 at times" : "");
  snLiveDrop(l);
  testModelClear(&m);
  testClose(s);
  return good;
}

static void testAll(void) {
  Store *s = testOpen();
  LiveRef ref = {0};
  Model m;
  Live *l;
  testModelInit(&m, 3 * SN_WINDOW + 1);
  for (u32 i = 0; i < m.docs; i++) testDelete(&m, i);
  testRc(testWrite(&m, s, NULL, &ref), SEINE_OK, "a whole segment");
  testRc(snLiveOpen(s, &ref, m.docs, &l), SEINE_OK, "open");
  testOk(testSame(&m, l, &ref) && ref.deleted == m.docs, "all are gone");
  snLiveDrop(l);
  testModelClear(&m);
  testClose(s);
}

/* Bits behind the last document do not count. */
static void testBehind(void) {
  Store *s = testOpen();
  LiveRef ref = {0};
  u64 bits[SN_WORDS], *add = bits;
  Live *l;
  memset(bits, 0xff, sizeof bits);
  testRc(snLiveWrite(s, NULL, &add, 100, 7, &ref), SEINE_OK, "bits to spare");
  testOk(ref.deleted == 100 && ref.n == 1, "do not count");
  testRc(snLiveOpen(s, &ref, 100, &l), SEINE_OK, "open");
  snLiveDrop(l);
  testRc(snLiveOpen(s, &ref, 99, &l), SEINE_CORRUPT, "of fewer documents");
  testRc(snLiveOpen(s, &ref, 0, &l), SEINE_CORRUPT, "of none");
  testRc(snLiveOpen(s, &ref, DOC_MAX + 1, &l), SEINE_CORRUPT, "of too many");
  LiveRef to = {0};
  testRc(snLiveWrite(s, NULL, &add, 0, 7, &to), SEINE_CORRUPT, "none to write");
  testRc(snLiveWrite(s, NULL, &add, DOC_MAX + 1, 7, &to), SEINE_CORRUPT,
      "too many to write");
  ref.deleted = 99;
  testRc(snLiveOpen(s, &ref, 100, &l), SEINE_CORRUPT, "a wrong sum");
  ref.deleted = 0;
  testRc(snLiveOpen(s, &ref, 100, &l), SEINE_CORRUPT, "no sum");
  ref.deleted = 100;
  ref.n = 9;
  testRc(snLiveOpen(s, &ref, 100, &l), SEINE_CORRUPT, "too many extents");
  testClose(s);
}

/* A bitmap of a window of 100 documents: bits of five of them, or of four and
** of a document that is not there. */
static void testBitmap(void) {
  static const struct {
    u32 last, deleted;
    int rc;
    const char *name;
  } table[] = {
    {99, 5, SEINE_OK, "a bitmap"}, {100, 5, SEINE_CORRUPT, "a bit too many"},
    {4095, 5, SEINE_CORRUPT, "the last bit"},
    {99, 4, SEINE_CORRUPT, "fewer than are set"},
    {99, 6, SEINE_CORRUPT, "more than are set"},
  };
  Store *s = testOpen();
  for (u32 i = 0; i < SN_COUNT(table); i++) {
    u8 p[16 + 512] = {0};
    LiveRef ref = {.n = 1, .deleted = table[i].deleted};
    Live *l = NULL;
    snPut32(p, 1);
    snPut32(p + 8, 16);
    p[12] = (u8)table[i].deleted;
    p[15] = 1;
    p[16] = 15;
    p[16 + table[i].last / 8] |= (u8)(1 << table[i].last % 8);
    int rc = snWriterPut(s, p, sizeof p, 7, ref.ref);
    if (!rc) rc = snLiveOpen(s, &ref, 100, &l);
    testRc(rc, table[i].rc, table[i].name);
    if (!rc) snLiveDrop(l);
  }
  testClose(s);
}

/* ---- 4 ------------------------------------------------------------------ */

static bool testForge(Store *s, const LiveRef *from, u32 docs, u32 *bad) {
  static const u8 bytes[] = {0, 1, 2, 7, 8, 0x7f, 0x80, 0xff};
  LiveRef ref = *from;
  ExtentRef *r = &ref.ref[testRandom(4) ? 0 : testRandom(ref.n)];
  Extent *x;
  const u8 *p;
  u8 *copy = malloc(r->len);
  Live *l;
  u64 n = r->len;
  u32 at = testRandom(testRandom(2) ? (u32)n : SN_MIN((u32)n, 60));
  if (snExtentOpen(s, r, &x)) return false;
  snExtentGet(x, 0, n, &p);
  memcpy(copy, p, n);
  snExtentDrop(x);
  switch (testRandom(4)) {
  case 0: n = at; break;
  case 1: copy[at] = bytes[testRandom(SN_COUNT(bytes))]; break;
  default: copy[at] ^= (u8)(1 << testRandom(8)); break;
  }
  int rc = snWriterPut(s, copy, n, r->seed, r);
  free(copy);
  if (rc) return false;
  ExtentRef put = *r;
  rc = snLiveOpen(s, &ref, docs, &l);
  if (!rc) snLiveDrop(l);
  *bad += rc == SEINE_CORRUPT;
  return (!rc || rc == SEINE_CORRUPT) && !snWriterFree(s, &put);
}

static void testDamage(void) {
  Store *s = testOpen();
  LiveRef ref = {0};
  Model m;
  u32 bad = 0;
  bool good = true;
  testModelInit(&m, 6 * SN_WINDOW + 50);
  for (u32 i = 0; i < 4; i++) {
    for (u32 k = 0; k < 300; k++)
      testDelete(&m, i * SN_WINDOW + testRandom(i % 2 ? 5000 : 300));
    testWrite(&m, s, NULL, &ref);
  }
  for (u32 i = 0; good && i < 5000; i++)
    good = testForge(s, &ref, m.docs, &bad);
  printf("# %u of 5000 found corrupt, %u extents\n", bad, ref.n);
  testOk(good && bad > 1500, "damaged bytes");
  testModelClear(&m);
  testClose(s);
}

static void testMemory(u32 docs) {
  Store *s = testOpen();
  LiveRef ref = {0};
  Model m;
  Live *l = NULL;
  int rc = SEINE_NOMEM;
  bool good = true;
  i64 n;
  testModelInit(&m, docs);
  for (u32 i = 0; i < 500; i++) testDelete(&m, testRandom(docs));
  testWrite(&m, s, NULL, &ref);
  for (n = 1; rc && good && n < 2000; n++) {
    for (u32 i = 0; i < 500; i++) testDelete(&m, i * (docs / 500));
    snFaultMem(n, false);
    rc = testWrite(&m, s, NULL, &ref);
    if (!rc) rc = snLiveOpen(s, &ref, docs, &l);
    snFaultMem(0, false);
    good = !rc || rc == SEINE_NOMEM;
  }
  testOk(good && !rc && testSame(&m, l, &ref), "each allocation fails once");
  snLiveDrop(l);
  testModelClear(&m);
  testClose(s);
}

int main(void) {
  testFew();
  testOk(testRandomRun(100, 60, 100, 3), "a small segment");
  testOk(testRandomRun(50000, 300, 60, 20), "deletions here and there");
  testOk(testRandomRun(200000, 200, 200000, 4), "anywhere");
  testOk(testRandomRun(20000, 60, 20000, 900), "many");
  testAll();
  testBehind();
  testBitmap();
  testDamage();
  testMemory(20000);
  testMemory(800000);
  testOk(test_budget.used == 0, "no memory is left");
  printf("1..%d\n", test_count);
  return test_failed != 0;
}
