/*
** hostile_test: bytes of a segment that nobody wrote.  An image is changed
** in memory and put as a new extent, so that its checksums are right.
** Readers may then say CORRUPT or tell wrong values; they never read outside
** (run under a sanitizer), never hang, and never set a bit that is not of
** the window.
**   1. bytes, words and lengths changed anywhere, heads and tails above all
**   2. planted damage of each kind, of pairs of words too: the check finds it
*/
#include "index/model.h"

typedef struct Image {
  u8 *p;
  u64 n;
  SegmentRef ref;
  Table *t;
  Model m;
} Image;

static int testFlushPairs(Store *s, const Model *m, SegmentRef *out) {
  Memtable *t;
  int rc = snMemtableNew(&test_budget, m->t, &test_env, &t);
  if (!rc) snMemtablePairs(t, 8);
  for (u32 i = 0; !rc && i < m->n; i++) rc = testPutRow(t, m, i);
  if (!rc) rc = snMemtableFlush(t, s, 3, out);
  snMemtableFree(t);
  return rc;
}

static bool testImageOf(Store *s, Image *out) {
  Extent *x;
  const u8 *p;
  if (testFlushPairs(s, &out->m, &out->ref)) return false;
  if (snExtentOpen(s, &out->ref.ref, &x)) return false;
  out->n = snExtentLen(x);
  int rc = snExtentGet(x, 0, out->n, &p);
  out->p = malloc(out->n + 64);
  if (!rc) memcpy(out->p, p, out->n);
  snExtentDrop(x);
  return !rc;
}

static bool testImage(Store *s, Table *t, u32 rows, const u32 *styles,
    Image *out) {
  out->t = t;
  testModelInit(&out->m, t);
  testFillRows(&out->m, rows, styles);
  return testImageOf(s, out);
}

static void testImageClear(Image *i) {
  free(i->p);
  testModelClear(&i->m);
}

/* ---- reading everything ------------------------------------------------- */

static bool fill_bad; /* a reader stepped out of a window */

static void readList(Segment *g, u32 column, Dict *d, u32 ord) {
  Postings p;
  Impact imp[IMPACTS];
  u32 docs = snSegmentDocs(g), last = 0, n = 0, upto;
  if (!snPostOpen(g, column, d, ord, &p)) {
    while (snPostNext(&p) != DOC_END && n++ < docs + 2) {
      const u32 *pos;
      u32 k;
      if (p.doc >= docs || (n > 1 && p.doc <= last)) fill_bad = true;
      last = p.doc;
      (void)snPostFreq(&p);
      if (n < 600) (void)snPostImpacts(&p, p.doc, n & 1, &upto, imp);
      if (snDictHasPos(d)) (void)snPostPositions(&p, &pos, &k);
    }
    if (n > docs) fill_bad = true;
  }
  snPostClose(&p);
  if (!snPostOpen(g, column, d, ord, &p))
    for (u32 at = 0; p.doc != DOC_END && at < docs;)
      at = snPostSeek(&p, at + testRandom(docs));
  snPostClose(&p);
  if (snPostOpen(g, column, d, ord, &p) == SEINE_OK)
    for (u32 base = 0; base < docs; base += SN_WINDOW) {
      u64 bits[SN_WORDS] = {0};
      snPostFill(&p, base, base + SN_WINDOW, bits);
    }
  snPostClose(&p);
}

static void readDict(Segment *g, u32 column, Dict *d, bool lists) {
  DictIter it;
  Arena a;
  u32 n = 0;
  u64 bytes = 0;
  snArenaInit(&a, NULL);
  snDictIterOpen(&it, d, testRandom(4) ? 0 : testRandom(1000));
  while (bytes < 10000000 && snDictIterNext(&it)) {
    u32 ord;
    bool exact;
    bytes += it.text.n;
    if (testRandom(8)) continue;
    (void)snDictFind(d, it.text.data, (u32)it.text.n, &ord);
    (void)snDictSeek(d, it.text.data, (u32)it.text.n, &ord, &exact);
    if (lists && n++ < 60) readList(g, column, d, it.ord);
  }
  snDictIterClose(&it);
  for (u32 i = 0; i < 10; i++) {
    u32 ord = testRandom(snDictCount(d) + 2), got;
    DictText t;
    (void)snDictTexts(d, &ord, 1, &a, &t);
    (void)snDictFind(d, "w12", 3, &got);
    if (lists) readList(g, column, d, ord);
  }
  snArenaClear(&a);
}

static void readColumn(Segment *g, ColReader *c) {
  u64 v[SN_WINDOW], nulls[SN_WORDS], bits[SN_WORDS];
  u32 docs[100];
  bool any;
  Zone z;
  ColKind k = snColKind(c);
  Arena a;
  DictText t[100];
  snArenaInit(&a, NULL);
  for (u32 i = 0; i < 100; i++) docs[i] = testRandom(snSegmentDocs(g));
  memset(nulls, 0, sizeof nulls);
  if (snColIsArray(c)) (void)snColArrays(c, docs, 20, &a, t, nulls);
  for (u32 w = 0; w < 4 && k != COL_NONE && k != COL_ROW; w++) {
    (void)snColZone(c, w, &z);
    (void)snColWindow(c, w, v, nulls, &any);
    memset(bits, 0xff, sizeof bits);
    if (k != COL_REAL)
      (void)snColFilter(c, w, (i64)testChance(), INT64_MAX, bits);
    if (k != COL_REAL) (void)snColFilter(c, w, z.min, z.max / 2, bits);
    if (k == COL_REAL)
      (void)snColFilterReal(c, w, (double)testChance() / 1e9, 1e18, bits);
    if (k == COL_REAL) (void)snColFilterReal(c, w, z.rmin, z.rmax / 2, bits);
    if (!snColIsArray(c)) (void)snColGather(c, docs, 100, v, nulls);
  }
  snArenaClear(&a);
}

static void readRows(Segment *g, u32 column) {
  u32 docs[60];
  u64 nulls[1] = {0};
  DictText t[60];
  Arena a;
  u64 sum = 0;
  snArenaInit(&a, NULL);
  for (u32 i = 0; i < 60; i++)
    docs[i] = i < 30 ? i : testRandom(snSegmentDocs(g));
  if (!snRowGather(g, column, docs, 60, &a, t, nulls))
    for (u32 i = 0; i < 60; i++)
      for (u32 j = 0; j < t[i].n; j++) sum += t[i].p[j];
  if (sum == 1) printf("# \n");
  snArenaClear(&a);
}

static void readPairs(Segment *g, u32 column) {
  TermMeta m;
  Dict *d;
  bool once;
  (void)snPairOnce(g, column, &once);
  (void)snPairAsked(g, 8);
  for (u32 i = 0; i < 20; i++) {
    Postings p;
    if (snPairFind(g, column, testRandom(12), testRandom(12), &d, &m)) continue;
    if (!d || !m.df) continue;
    (void)snPostOpenMeta(g, column, d, &m, &p);
    snPostClose(&p);
  }
}

static void readAll(Segment *g, const Table *t) {
  for (u32 k = 0; k < t->ncol; k++) {
    const Column *col = t->col + k;
    ColReader *c;
    Dict *d;
    const u8 *norms;
    if (!snColOpen(g, col->id, col->type, &c)) {
      readColumn(g, c);
      if (snColKind(c) == COL_ROW) readRows(g, col->id);
    }
    if (!snDictTerms(g, col->id, &d) && d) readDict(g, col->id, d, true);
    if (!snDictPairs(g, col->id, &d) && d) readDict(g, col->id, d, true);
    readPairs(g, col->id);
    if (!snDictValues(g, col->id, &d) && d) readDict(g, col->id, d, false);
    (void)snNormBytes(g, col->id, &norms);
  }
}

/* Merges the forged one with itself. */
static void mergeForged(Store *s, const Image *im, const SegmentRef *ref) {
  SegmentRef two[2] = {*ref, *ref}, out;
  TableState st = {.table = im->t, .nseg = 2, .seg = two};
  SegmentCache *cache;
  View *v;
  two[1].id++;
  if (snSegmentCacheNew(s, &cache)) return;
  if (!snViewOpen(cache, &st, &v)) {
    int rc = snMergeRun(&(MergeEnv){.store = s, .budget = &test_budget, .view = v,
        .pairs = 8}, 0, 2, 77, &out);
    if (!rc) (void)snWriterFree(s, &out.ref);
    snViewDrop(v);
  }
  snSegmentCacheFree(cache);
}

/* ---- 1 ------------------------------------------------------------------ */

static void testMutate(Image *im, u64 from, u64 to, u8 *p) {
  static const u64 odd[] = {0, 1, 2, 0x7f, 0x80, 0xff, 0x7fffffff,
      0x80000000, 0xffffffff, 0xfffffffe, ~0ull, ~0ull - 1, 1ull << 63,
      0x7fffffffffffffff, 4096, 255};
  u32 times = 1 + testRandom(testRandom(3) ? 2 : 6);
  memcpy(p, im->p, im->n);
  while (times--) {
    u64 at = from + testChance() % (to - from);
    u64 v = odd[testRandom(SN_COUNT(odd))], size = 1;
    switch (testRandom(6)) {
    case 0: p[at] ^= (u8)(1 << testRandom(8)); continue;
    case 1: p[at] = (u8)testRandom(256); continue;
    case 2: size = 4; break;
    case 3: size = 8; break;
    case 4: size = 2; break;
    default: p[at] = (u8)(p[at] + testRandom(5) - 2); continue;
    }
    if (at + size <= im->n) memcpy(p + at, &v, size);
  }
}

/* A place to look at: mostly the first bytes of a section. */
static void testPlace(Segment *g, const Image *im, u64 *from, u64 *to) {
  const Section *sec = g->sec + testRandom(g->nsec);
  *from = sec->at;
  *to = sec->at + SN_MAX(sec->len, 1u);
  if (testRandom(2)) *to = SN_MIN(*to, *from + 24 + testRandom(200));
  if (!testRandom(30)) {
    *from = im->n - SN_MIN(im->n, 200u);
    *to = im->n;
  }
  *to = SN_MIN(*to, im->n);
}

static void testForge(Store *s, Image *im, u32 rounds) {
  Segment *good, *g;
  u8 *p = malloc(im->n + 64);
  u32 opened = 0, found = 0;
  u64 from, to;
  if (snSegmentOpen(s, &im->ref, NULL, 0, &good)) return;
  test_quiet = true;
  for (u32 i = 0; i < rounds; i++) {
    SegmentRef ref = im->ref;
    testPlace(good, im, &from, &to);
    testMutate(im, from, to, p);
    if (snWriterPut(s, p, im->n, ref.id, &ref.ref)) break;
    if (!snSegmentOpen(s, &ref, NULL, 0, &g)) {
      opened++;
      readAll(g, im->t);
      found += !testCheck(g, im->t);
      snSegmentDrop(g);
      if (i % 3 == 0) mergeForged(s, im, &ref);
    }
    (void)snWriterFree(s, &ref.ref);
  }
  test_quiet = false;
  printf("# %u of %u opened, the check found something in %u\n", opened,
      rounds, found);
  snSegmentDrop(good);
  free(p);
}

static void testImages(u32 rounds) {
  for (u32 i = 0; i < 6; i++) {
    Store *s = testWriter();
    Table *t = testTable(true);
    Image im = {0};
    u32 styles[64], rows = i == 0 ? 4500 : 1 + testRandom(150);
    for (u32 k = 0; k < t->ncol; k++)
      styles[k] = testRandom(16) | testRandom(4) << 4;
    if (!testImage(s, t, rows, styles, &im)) return;
    testForge(s, &im, i ? rounds : rounds / 20);
    testImageClear(&im);
    snTableDrop(t);
    testClose(s);
  }
  testOk(!fill_bad, "forged bytes of small segments");
}

/* Long lists: directories, impacts, offsets. */
static void testLongImage(u32 rounds) {
  Store *s = testWriter();
  Table *t = snTableNew(&test_budget, "t", 1);
  Image im = {.t = t};
  Buf b;
  snBufInit(&b, NULL);
  (void)snTableAdd(t, "a", 1, TYPE_TEXT, false, NULL, NULL);
  (void)snTableAdd(t, "k", 1, TYPE_KEYWORD, false, NULL, NULL);
  testModelInit(&im.m, t);
  for (u32 i = 0; i < 10000; i++) {
    Val *v = testModelRow(&im.m, i);
    b.n = 0;
    for (u32 k = 1 + testRandom(3); k--;) snBufStr(&b, "all ");
    if (testRandom(2)) snBufStr(&b, "half ");
    if (!testRandom(10)) snBufStr(&b, "tenth ");
    if (i % 1000 < 500) snBufStr(&b, "run ");
    testSetBytes(&im.m, v, b.data, b.n);
    testSetText(&im.m, v + 1, testRandom(3) ? "x" : "y");
  }
  Extent *x;
  const u8 *p;
  if (!testFlushPairs(s, &im.m, &im.ref) &&
      !snExtentOpen(s, &im.ref.ref, &x)) {
    im.n = snExtentLen(x);
    im.p = malloc(im.n + 64);
    if (!snExtentGet(x, 0, im.n, &p)) memcpy(im.p, p, im.n);
    snExtentDrop(x);
    testForge(s, &im, rounds);
  }
  testOk(!fill_bad && im.p, "forged bytes of long lists");
  snBufClear(&b);
  testImageClear(&im);
  snTableDrop(t);
  testClose(s);
}

/* ---- 2 ------------------------------------------------------------------ */

/* Changes one byte of a section so that it still opens; the check must say
** something.  A few bytes mean nothing (what is packed behind the end, a
** value under a null): places are not to be told from the
** list alone.  to 0: it is one of the last `from`.  share: how many of 100
** must be found. */
static void testPlanted(Store *s, Image *im, SecKind kind, u32 column,
    u64 from, u64 to, u32 share, const char *name) {
  Segment *good, *g;
  u8 *p = malloc(im->n + 64);
  u32 found = 0, tried = 0;
  if (snSegmentOpen(s, &im->ref, NULL, 0, &good)) return;
  Section *sec = snSegmentFind(good, kind, column);
  test_quiet = true;
  if (sec && !to) from = sec->len - from;
  if (sec && (!to || to > sec->len)) to = sec->len;
  for (u32 i = 0; sec && from < to && i < 40; i++) {
    SegmentRef ref = im->ref;
    u64 at = sec->at + from + testChance() % (to - from);
    memcpy(p, im->p, im->n);
    p[at] ^= (u8)(1 << testRandom(8));
    if (snWriterPut(s, p, im->n, ref.id, &ref.ref)) break;
    tried++;
    if (snSegmentOpen(s, &ref, NULL, 0, &g)) {
      found++;
    } else {
      found += !testCheck(g, im->t);
      snSegmentDrop(g);
    }
    (void)snWriterFree(s, &ref.ref);
  }
  test_quiet = false;
  printf("# %s: %u of %u found\n", name, found, tried);
  testOk(tried && found * 100 >= tried * share, name);
  snSegmentDrop(good);
  free(p);
}

static void testDamage(void) {
  Store *s = testWriter();
  Table *t = snTableNew(&test_budget, "t", 1);
  Image im = {0};
  static const u8 types[] = {TYPE_TEXT, TYPE_KEYWORD, TYPE_INTEGER,
      TYPE_REAL, TYPE_INTEGER | TYPE_ARRAY, TYPE_JSON, TYPE_BLOB};
  u32 styles[] = {5, 1, 1, 1, 1, 1, 0};
  for (u32 i = 0; i < SN_COUNT(types); i++) {
    char c = (char)('a' + i);
    (void)snTableAdd(t, &c, 1, types[i], false, NULL, NULL);
  }
  testOk(testImage(s, t, 600, styles, &im), "an image");
  u32 id[7];
  for (u32 i = 0; i < 7; i++) id[i] = t->col[i].id;
  testPlanted(s, &im, SEC_TERMS, id[0], 0, 24, 75, "head of a dictionary");
  testPlanted(s, &im, SEC_TERMS, id[0], 24, 1u << 30, 75, "dictionary");
  testPlanted(s, &im, SEC_POST, id[0], 0, 1u << 30, 25, "lists of words");
  testPlanted(s, &im, SEC_NORMS, id[0], 0, 1u << 30, 100, "norms");
  testPlanted(s, &im, SEC_TERMS, id[1], 24, 1u << 30, 90, "keys");
  testPlanted(s, &im, SEC_POST, id[1], 0, 1u << 30, 70, "lists of keys");
  testPlanted(s, &im, SEC_CODES, id[1], 40, 1u << 30, 90, "codes");
  testPlanted(s, &im, SEC_INTS, id[2], 16, 32, 100, "zone");
  testPlanted(s, &im, SEC_REALS, id[3], 16, 32, 100, "zone of reals");
  testPlanted(s, &im, SEC_COUNTS, id[4], 40, 1u << 30, 70, "counts");
  testPlanted(s, &im, SEC_CODES, id[5], 0, 13, 100, "head of a column");
  testPlanted(s, &im, SEC_VALUES, id[5], 24, 1u << 30, 90, "values");
  testPlanted(s, &im, SEC_ROWS, 0, 16, 0, 100, "end of the rows");
  testImageClear(&im);
  snTableDrop(t);
  testClose(s);
}

/* Few words, which all are frequent. */
static void testPairDamage(void) {
  Store *s = testWriter();
  Table *t = snTableNew(&test_budget, "t", 1);
  Image im = {.t = t};
  Buf b;
  snBufInit(&b, NULL);
  (void)snTableAdd(t, "a", 1, TYPE_TEXT, false, NULL, NULL);
  testModelInit(&im.m, t);
  for (u32 i = 0; i < 700; i++) {
    Val *v = testModelRow(&im.m, i);
    b.n = 0;
    for (u32 k = 8 + testRandom(9); k--;)
      snBufPrintf(&b, "%s%c ", testRandom(9) ? "" : "=", 'x' - testRandom(4));
    testSetBytes(&im.m, v, b.data, b.n - 1);
  }
  testOk(testImageOf(s, &im), "an image with pairs");
  u32 id = t->col[0].id;
  testPlanted(s, &im, SEC_PAIRS, id, 0, 24, 80, "head of the pairs");
  testPlanted(s, &im, SEC_PAIRS, id, 24, 1u << 30, 75, "pairs");
  testPlanted(s, &im, SEC_PAIR_POST, id, 0, 1u << 30, 55, "their lists");
  testPlanted(s, &im, SEC_PAIR_WORDS, id, 0, 1u << 30, 70, "their words");
  testForge(s, &im, 100);
  testOk(!fill_bad, "forged bytes of pairs");
  snBufClear(&b);
  testImageClear(&im);
  snTableDrop(t);
  testClose(s);
}

int main(int argc, char **argv) {
  u32 rounds = argc > 2 ? (u32)strtoul(argv[2], NULL, 10) : 120;
  testSeed(argc, argv);
  testDamage();
  testPairDamage();
  testImages(rounds);
  testLongImage(rounds);
  return testDone();
}
