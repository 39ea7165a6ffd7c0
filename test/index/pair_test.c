/*
** pair_test: pairs of frequent words, against the texts.
**   1. which words are taken: the most frequent, of equal ones the first
**   2. random documents, words that stand twice at a place too: each pair has
**      the documents and frequencies that counting gives
**   3. little memory: documents are fed again, and say the same
**   4. each allocation fails once
**   5. a segment: pairs are found that are there, and only those; the same
**      bytes by flush, by merge, with less memory; the check agrees; when an
**      allocation fails nothing is lost
**   6. the check finds what is not what positions say
**   7. a list of frequent words that is none
*/
#include "index/part.h"
#include "store/storeInt.h"


/* ---- 1 ------------------------------------------------------------------ */

static bool pairtPick(u32 n, u32 most) {
  PairPick p;
  u32 *df = malloc(n * sizeof *df), data[PAIR_WORDS], last = 0;
  bool good = true;
  snPairPickInit(&p, NULL, most);
  for (u32 i = 0; i < n; i++) {
    u32 slot;
    df[i] = PAIR_DOCS - 20 + testRandom(n / 4 + 30);
    if (snPairPick(&p, df[i], i, &slot)) data[slot] = i;
  }
  snPairPickEnd(&p);
  for (u32 i = 0; i < n && good; i++) {
    u32 before = 0;
    bool taken = false;
    for (u32 k = 0; k < n; k++)
      before += df[k] > df[i] || (df[k] == df[i] && k < i);
    for (u32 k = 0; k < p.n; k++) taken |= p.v[k].ord == i;
    good = taken == (before < most && df[i] > PAIR_DOCS);
  }
  for (u32 k = 0; k < p.n && good; k++) {
    good = data[p.v[k].slot] == p.v[k].ord && (!k || p.v[k].ord > last);
    last = p.v[k].ord;
  }
  free(df);
  return good && p.asked == most;
}

static void testPick(void) {
  bool good = true;
  for (u32 i = 0; i < 60 && good; i++)
    good = pairtPick(1 + testRandom(500), testRandom(40));
  testOk(good && pairtPick(900, PAIR_WORDS), "which words are taken");
}

/* ---- documents ---------------------------------------------------------- */

typedef struct PairtDocs {
  KeyIdx *word;
  u32 *end;          /* of each document, in word */
  u32 docs, nwords, feeds;
  u32 seen;          /* pairs told of */
  bool good, twice;
} PairtDocs;

/* style 0: one word a place; 1: some places have more; 2: the same one too. */
static void pairtFill(PairtDocs *d, u32 docs, u32 words, u32 style) {
  u32 n = 0, cap = docs * 40;
  memset(d, 0, sizeof *d);
  d->docs = docs;
  d->nwords = words;
  d->word = malloc(cap * sizeof *d->word);
  d->end = malloc(docs * sizeof *d->end);
  for (u32 i = 0; i < docs; i++) {
    u32 len = testRandom(40), pos = testRandom(3);
    for (u32 k = 0, from = n; k < len; k++) {
      u32 v = testRandom(testRandom(3) ? words : 1 + words / 4);
      bool again = false;
      for (u32 j = from; j < n; j++)
        again |= d->word[j].key == pos && d->word[j].idx == v;
      if (again && style < 2) pos++;
      else d->twice |= again;
      d->word[n++] = (KeyIdx){pos, v};
      if (!style || testRandom(4)) pos += 1 + (testRandom(9) == 0);
    }
    d->end[i] = n;
  }
}

static void pairtFree(PairtDocs *d) {
  free(d->word);
  free(d->end);
}

static int pairtFeed(void *arg, PairWriter *w) {
  PairtDocs *d = arg;
  d->feeds++;
  for (u32 i = 0; i < d->docs; i++) {
    u32 from = i ? d->end[i - 1] : 0;
    snPairWriteDoc(w, 3 * i, d->word + from, d->end[i] - from);
    if (w->rc) return w->rc;
  }
  return SEINE_OK;
}

static u32 pairtTf(const PairtDocs *d, u32 from, u32 end, u32 v) {
  u32 n = 0;
  for (u32 i = from; i < end; i++) n += d->word[i].idx == v;
  return n;
}

/* Places of the rarer word where the other one fits. */
static u32 pairtCount(const PairtDocs *d, u32 doc, u32 a, u32 b) {
  u32 from = doc ? d->end[doc - 1] : 0, end = d->end[doc], n = 0;
  bool first = pairtTf(d, from, end, a) <= pairtTf(d, from, end, b);
  for (u32 i = from; i < end; i++) {
    if (d->word[i].idx != (first ? a : b)) continue;
    bool fits = false;
    for (u32 k = from; k < end; k++)
      fits |= d->word[k].idx == (first ? b : a) &&
          d->word[k].key + !first == d->word[i].key + first;
    n += fits;
  }
  return n;
}

static int pairtPair(void *arg, PairWriter *w, u32 pair) {
  PairtDocs *d = arg;
  PairIter it;
  u32 a = pair / d->nwords, b = pair % d->nwords;
  snPairIterOpen(&it, w, pair);
  bool more = snPairIterNext(&it);
  d->good &= more;
  d->seen++;
  for (u32 i = 0; i < d->docs; i++) {
    u32 want = pairtCount(d, i, a, b);
    if (!want) continue;
    d->good &= more && it.doc == 3 * i && it.tf == want;
    more = snPairIterNext(&it);
  }
  d->good &= !more;
  return SEINE_OK;
}

static bool pairtRun(PairtDocs *d, Budget *b, int *rc) {
  PairSource s = {d->nwords, pairtFeed, pairtPair, d};
  PairWriter w;
  u32 pairs = 0, with = 0;
  d->good = true;
  d->seen = d->feeds = 0;
  *rc = snPairRun(&w, b, &s);
  if (*rc) return false;
  for (u32 i = 0; i < d->docs; i++) {
    bool any = false;
    u32 from = i ? d->end[i - 1] : 0;
    for (u32 k = from; k < d->end[i]; k++)
      for (u32 j = from; j < k; j++)
        any |= d->word[j].key + 1 == d->word[k].key;
    with += any;
  }
  for (u32 p = 0; p < d->nwords * d->nwords; p++) {
    u32 i = 0;
    while (i < d->docs && !pairtCount(d, i, p / d->nwords, p % d->nwords)) i++;
    pairs += i < d->docs;
  }
  return d->good && d->seen == pairs && w.with == with &&
      w.twice == d->twice;
}

static void testDocs(u32 rounds) {
  static const char *const names[] = {"one word a place", "words at one place",
      "a word twice at one place"};
  for (u32 style = 0; style < 3; style++) {
    bool good = true;
    for (u32 i = 0; i < rounds && good; i++) {
      PairtDocs d;
      int rc;
      pairtFill(&d, 1 + testRandom(120), 1 + testRandom(8), style);
      good = pairtRun(&d, &test_budget, &rc);
      pairtFree(&d);
    }
    testOk(good, names[style]);
  }
}

/* ---- 3, 4 --------------------------------------------------------------- */

static void testMemory(void) {
  Budget little = {.parent = &test_budget};
  PairtDocs d;
  int rc;
  pairtFill(&d, 40000, 5, 1);
  bool good = pairtRun(&d, &little, &rc) && d.feeds == 1;
  little.limit = little.peak / 2;
  testOk(good && pairtRun(&d, &little, &rc) && d.feeds > 1,
      "documents are fed again");
  printf("# %u feeds in half of the memory\n", d.feeds);
  little.limit = 20000;
  testOk(!pairtRun(&d, &little, &rc) && rc == SEINE_NOMEM && !little.used,
      "no memory at all");
  pairtFree(&d);
}

static void testFaults(void) {
  PairtDocs d;
  bool good = true;
  int rc = SEINE_NOMEM;
  pairtFill(&d, 60, 4, 2);
  for (i64 n = 1; good && rc; n++) {
    i64 used = test_budget.used;
    snFaultMem(n, false);
    (void)pairtRun(&d, &test_budget, &rc);
    snFaultMem(0, false);
    good = (!rc || rc == SEINE_NOMEM) && test_budget.used == used;
  }
  testOk(good && !rc && d.good, "each allocation fails once");
  pairtFree(&d);
}

/* ---- 5 ------------------------------------------------------------------ */

static int pairtFlush(Store *s, const Model *m, u64 id, u32 pairs,
    SegmentRef *out) {
  Memtable *t;
  int rc = snMemtableNew(&test_budget, m->t, &test_env, &t);
  if (!rc) snMemtablePairs(t, pairs);
  for (u32 i = 0; !rc && i < m->n; i++) rc = testPutRow(t, m, i);
  if (!rc) rc = snMemtableFlush(t, s, id, out);
  snMemtableFree(t);
  return rc;
}

static int pairtMerge(Store *s, Table *t, SegmentRef *ref, u32 n, u32 pairs,
    SegmentRef *out) {
  TableState st = {.table = t, .nseg = n, .seg = ref};
  SegmentCache *cache;
  View *v;
  int rc = snSegmentCacheNew(s, &cache);
  if (rc) return rc;
  rc = snViewOpen(cache, &st, &v);
  if (!rc)
    rc = snMergeRun(&(MergeEnv){.store = s, .budget = &test_budget, .view = v,
        .pairs = pairs}, 0, n, 99, out);
  snViewDrop(v);
  snSegmentCacheFree(cache);
  return rc;
}

/* Words w0 to w9, of which the first are the most frequent; some at one place,
** some left out. */
static void pairtRows(Model *m, u32 rows) {
  Buf b;
  snBufInit(&b, NULL);
  while (rows--) {
    Val *v = testModelRow(m, m->n + 1);
    b.n = 0;
    for (u32 k = testRandom(30); k--;)
      snBufPrintf(&b, "%sw%u ", testRandom(9) ? "" : testRandom(2) ? "=" : ".",
          testRandom(testRandom(2) ? 3 : 10));
    if (b.n) testSetBytes(m, v, b.data, b.n - 1);
  }
  snBufClear(&b);
}

/* How often b stands behind a in the texts, and in how many of them, by the
** lists of the words themselves. */
static bool pairtLook(Segment *g, u32 column, u32 a, u32 b, bool *known) {
  Postings p[2], pair;
  TermMeta meta;
  Dict *d, *words;
  bool good = true;
  if (snPairFind(g, column, a, b, &d, &meta)) return false;
  *known = d != NULL;
  if (!d) return true;
  if (snDictTerms(g, column, &words) ||
      snPostOpen(g, column, words, a, p) ||
      snPostOpen(g, column, words, b, p + 1))
    return false;
  if (meta.df && snPostOpenMeta(g, column, d, &meta, &pair)) return false;
  while (good && snPostNext(p) != DOC_END) {
    const u32 *x, *y;
    u32 nx, ny, n = 0;
    if (snPostSeek(p + 1, p->doc) != p->doc) continue;
    if (snPostPositions(p, &x, &nx)) return false;
    if (snPostPositions(p + 1, &y, &ny)) return false;
    for (u32 i = 0; i < nx; i++)
      for (u32 k = 0; k < ny; k++) n += x[i] + 1 == y[k];
    if (!n) continue;
    good = meta.df && snPostNext(&pair) == p->doc && snPostFreq(&pair) == n;
  }
  if (meta.df) good &= snPostNext(&pair) == DOC_END;
  if (meta.df) snPostClose(&pair);
  snPostClose(p);
  snPostClose(p + 1);
  return good;
}

static bool pairtSegment(Segment *g, u32 column, u32 want) {
  bool good = true, known;
  u32 n = 0, words;
  Dict *d;
  if (snDictTerms(g, column, &d) || !d) return false;
  words = snDictCount(d);
  for (u32 a = 0; a < words; a++)
    for (u32 b = 0; b < words && good; b++) {
      good = pairtLook(g, column, a, b, &known);
      n += known;
    }
  return good && (n == want * want || testNo("pairs", n, want * want));
}

static bool pairtOpen(Store *s, const SegmentRef *ref, Table *t, u32 want,
    Buf *bytes) {
  Segment *g;
  Extent *x;
  const u8 *p;
  if (snSegmentOpen(s, ref, NULL, 0, &g)) return false;
  bool good = testCheck(g, t) && pairtSegment(g, t->col[0].id, want);
  snSegmentDrop(g);
  bytes->n = 0;
  if (snExtentOpen(s, &ref->ref, &x)) return false;
  if (!snExtentGet(x, 0, snExtentLen(x), &p))
    snBufAdd(bytes, p, snExtentLen(x));
  snExtentDrop(x);
  return good;
}

static Table *pairtTable(void) {
  Table *t = snTableNew(&test_budget, "t", 1);
  (void)snTableAdd(t, "a", 1, TYPE_TEXT, false, NULL, NULL);
  return t;
}

static bool pairtSame(const Buf *a, const Buf *b) {
  return a->n == b->n && !memcmp(a->data, b->data, a->n);
}

static void testSegments(void) {
  Store *s = testWriter();
  Table *t = pairtTable();
  Model m[3];
  SegmentRef ref[2], out;
  Buf whole, other;
  snBufInit(&whole, NULL);
  snBufInit(&other, NULL);
  for (u32 i = 0; i < 3; i++) testModelInit(m + i, t);
  pairtRows(m, 900);
  pairtRows(m + 1, 700);
  for (u32 i = 0; i < 2; i++) testModelAdd(m + 2, m + i, NULL);
  for (u32 i = 0; i < m[2].n; i++) m[2].rowid[i] = i + 1;
  for (u32 i = 0; i < m[1].n; i++) m[1].rowid[i] += m[0].n;
  int rc = pairtFlush(s, m + 2, 99, 7, &out);
  testOk(!rc && pairtOpen(s, &out, t, 7, &whole), "seven words");
  i64 limit = test_budget.limit;
  test_budget.limit = test_budget.used + (12 << 20);
  rc = pairtFlush(s, m + 2, 99, 7, &out);
  test_budget.limit = limit;
  testOk(!rc && pairtOpen(s, &out, t, 7, &other) && pairtSame(&whole, &other),
      "the same bytes in less memory");
  test_budget.limit = test_budget.used + (1 << 20);
  rc = pairtFlush(s, m + 2, 99, 7, &out);
  test_budget.limit = limit;
  testOk(!rc && pairtOpen(s, &out, t, 0, &other), "no pairs in no memory");
  rc = pairtFlush(s, m, 1, 7, ref);
  if (!rc) rc = pairtFlush(s, m + 1, 2, 0, ref + 1);
  if (!rc) rc = pairtMerge(s, t, ref, 2, 7, &out);
  testOk(!rc && pairtOpen(s, &out, t, 7, &other) && pairtSame(&whole, &other),
      "the same bytes by a merge");
  if (!rc) rc = pairtMerge(s, t, &out, 1, 0, ref);
  testOk(!rc && pairtOpen(s, ref, t, 0, &other), "a merge without pairs");
  if (!rc) rc = pairtMerge(s, t, ref, 1, 256, &out);
  testOk(!rc && pairtOpen(s, &out, t, 10, &other), "all words");
  for (u32 i = 0; i < 3; i++) testModelClear(m + i);
  snBufClear(&whole);
  snBufClear(&other);
  snTableDrop(t);
  testClose(s);
}

/* Flush, then merge, with the n-th allocation failing; false: all is done. */
static bool pairtFail(const Model *m, i64 n, bool *good) {
  Store *s = testWriter();
  SegmentRef ref, out;
  snFaultMem(n, false);
  int rc = pairtFlush(s, m, 1, 3, &ref);
  if (!rc) rc = pairtMerge(s, m->t, &ref, 1, 3, &out);
  snFaultMem(0, false);
  *good = !rc || rc == SEINE_NOMEM;
  testClose(s);
  return rc != SEINE_OK;
}

static void testSegmentFaults(void) {
  Table *t = pairtTable();
  bool good = true;
  Model m;
  u32 times = 0;
  testModelInit(&m, t);
  pairtRows(&m, 700);
  i64 used = test_budget.used;
  for (i64 n = 1; good && pairtFail(&m, n, &good); n += 1 + n / 32) times++;
  printf("# %u allocations failed\n", times);
  testOk(good && times > 20 && test_budget.used == used,
      "allocations of a flush and a merge fail");
  testModelClear(&m);
  snTableDrop(t);
}

/* ---- 6 ------------------------------------------------------------------ */

/* "x y", but in document off; 301: x stands behind y too. */
static int pairtForged(void *arg, PairWriter *w) {
  u32 *off = arg;
  KeyIdx word[3] = {{0, 0}, {1, 1}, {2, 0}};
  for (u32 i = 0; i < 300; i++) {
    word[1].key = i == *off ? 2 : 1;
    snPairWriteDoc(w, i, word, *off > 300 ? 3 : 2);
  }
  return w->rc;
}

/* 300 documents "x y" whose pairs say that one of them is not so. */
static u32 pairtFindings(u32 off, u32 second) {
  Part p;
  FieldWriter f;
  u8 norms[304];
  static const u32 pos[] = {0, 1};
  static const char *const word[] = {"x", "y", "z"};
  PairPick pick = {.asked = 2, .most = 2, .n = 2,
      .v = {{300, 0, 0}, {300, second, 1}}};
  Table *t = pairtTable();
  ColFeed rows;
  partInit(&p);
  memset(norms, snNormPut(2), sizeof norms);
  snColFeedInit(&rows, &test_budget, SEC_INTS, 0, TYPE_INTEGER);
  for (u32 i = 0; i < 300; i++) snColFeedInt(&rows, 0); /* as of Part */
  snColFeedEnd(&rows, &p.w);
  snFieldWriteBegin(&f, &p.w, t->col[0].id, true, norms, 2, &test_budget);
  for (u32 k = 0; k < 2; k++) {
    for (u32 i = 0; i < 300; i++) snFieldWriteDoc(&f, i, 1, pos + k);
    (void)snFieldWriteTerm(&f, word[k], 1);
  }
  (void)snFieldWriteEnd(&f, 300);
  snSegWriteBegin(&p.w);
  snBufAdd(&p.w.buf, norms, 300);
  snSegWriteEnd(&p.w, SEC_NORMS, t->col[0].id);
  p.rc = snPairWrite(&p.w, t->col[0].id, &pick, norms, 2, NULL, &test_budget,
      pairtForged, &off);
  test_quiet = true;
  u32 n = partOpen(&p, 300) && !testCheck(p.g, t) ? SN_MAX(test_findings, 1u)
                                                  : 0;
  test_quiet = false;
  partClose(&p);
  snTableDrop(t);
  return n;
}

static void testCheckFinds(void) {
  testOk(!pairtFindings(300, 1), "nothing to be found");
  testOk(pairtFindings(0, 1) && pairtFindings(299, 1), "a document less");
  testOk(pairtFindings(301, 1), "a pair that stands nowhere");
  testOk(pairtFindings(300, 2), "a word that is none");
}

/* A segment of one section of n bytes, all of them zeros; behind so many
** others that none of its bytes is verified before it is asked for.  `bad`:
** one of them is not as it was written. */
static bool wordsOpen(u32 n, bool bad, Store **s, Segment **g) {
  SegmentRef ref = {.id = 3, .docs = 400};
  SegWriter w;
  *s = testWriter();
  snSegWriteInit(&w, *s, &test_budget, ref.id);
  snSegWriteBegin(&w);
  snBufZero(&w.buf, 200000);
  snSegWriteEnd(&w, SEC_NORMS, 9);
  snSegWriteBegin(&w);
  snBufZero(&w.buf, n);
  snSegWriteEnd(&w, SEC_PAIR_WORDS, 1);
  snSegWriteBegin(&w);
  snBufZero(&w.buf, 200000);
  snSegWriteEnd(&w, SEC_NORMS, 8);
  if (snSegWriteFinish(&w, ref.docs, &ref.ref)) return false;
  if (bad && snStoreWriteAt(*s, ref.ref.page * SN_PAGE + 200000, "x", 1))
    return false;
  return !snSegmentOpen(*s, &ref, NULL, 0, g);
}

/* What stands where the frequent words are to be. */
static void testWordList(void) {
  static const struct {
    u32 n;
    bool bad;
    int rc; /* of who asks which words, and whether two of them are a pair */
    const char *name;
  } table[] = {
    {PAIR_HEAD + 4, false, SEINE_OK, "one word"},
    {PAIR_HEAD + 4 * PAIR_WORDS, false, SEINE_OK, "as many as there may be"},
    {PAIR_HEAD + 4 * PAIR_WORDS + 4, false, SEINE_CORRUPT, "one more"},
    {PAIR_HEAD, false, SEINE_CORRUPT, "none"},
    {0, false, SEINE_CORRUPT, "no head"}, {3, false, SEINE_CORRUPT, "a part"},
    {PAIR_HEAD + 3, false, SEINE_CORRUPT, "a part of a word"},
    {PAIR_HEAD + 8, true, SEINE_CORRUPT, "damaged bytes"},
  };
  for (u32 i = 0; i < SN_COUNT(table); i++) {
    Store *s = NULL;
    Segment *g = NULL;
    bool once, good = wordsOpen(table[i].n, table[i].bad, &s, &g);
    TermMeta meta;
    Dict *d;
    good = good && snPairOnce(g, 1, &once) == table[i].rc;
    /* Word 0 is frequent, and there is no dictionary of pairs. */
    good = good && snPairFind(g, 1, 0, 0, &d, &meta) == SEINE_CORRUPT && !d;
    good = good && snPairFind(g, 1, 7, 0, &d, &meta) == table[i].rc && !d;
    good = good && !snPairFind(g, 2, 0, 0, &d, &meta) && !d;
    if (good && table[i].bad) good = !snPairAsked(g, 8) && snPairAsked(g, 0);
    testOk(good, table[i].name);
    if (g) snSegmentDrop(g);
    testClose(s);
  }
}

int main(int argc, char **argv) {
  testSeed(argc, argv);
  testPick();
  testDocs(getenv("SEINE_QUICK") ? 10 : 40);
  testMemory();
  testFaults();
  testSegments();
  testSegmentFaults();
  testCheckFinds();
  testWordList();
  return testDone();
}
