/*
** pair_feed_test: the frequent words of a segment's documents, as they are
** told to who looks for pairs.
**   1. each document once, in order, its words in the order of their places;
**      without a word that the segment has not, without documents that are
**      gone, under other numbers
**   2. a cancel; no dictionary; lists that are damaged
**   3. each allocation fails once
*/
#include "index/part.h"

#define DOCS  600u
#define WORDS 3u

/* Word k stands at the places k and k + 10, in every (k + 1)-th document. */
static void feedWrite(Part *p, bool damaged) {
  static const u32 pos[WORDS][2] = {{0, 10}, {1, 10}, {2, 10}};
  static const char word[] = "abc";
  FieldWriter f;
  partInit(p);
  snFieldWriteBegin(&f, &p->w, 4, true, NULL, 2, &test_budget);
  for (u32 k = 0; k < WORDS; k++) {
    for (u32 i = 0; i < DOCS; i += k + 1) snFieldWriteDoc(&f, i, 2, pos[k]);
    (void)snFieldWriteTerm(&f, word + k, 1);
  }
  if (damaged) memset(f.dict.metas.data + 1, 0x7f, 1); /* where lists lie */
  (void)snFieldWriteEnd(&f, DOCS);
}

/* ---- told --------------------------------------------------------------- */

typedef struct Told {
  const PairFeed *feed;
  u32 pairs, df;     /* of "a b": of all pairs, its documents */
} Told;

static int toldFeed(void *arg, PairWriter *w) {
  return snPairFeed(((Told *)arg)->feed, w);
}

static int toldPair(void *arg, PairWriter *w, u32 pair) {
  Told *t = arg;
  t->pairs++;
  if (pair == 1) t->df = w->list[pair - w->from].df; /* word 0, then 1 */
  return SEINE_OK;
}

static int feedRun(const PairFeed *f, Told *t) {
  PairWriter w = {0};
  *t = (Told){.feed = f};
  return snPairRun(&w, &test_budget, &(PairSource){f->n, toldFeed, toldPair,
      t});
}

static int cancelAt(void *arg) {
  u32 *left = arg;
  return !*left || !--*left;
}

static void testFed(void) {
  static const u32 all[] = {0, 1, 2}, some[] = {0, DICT_NONE, 2};
  u32 *map = malloc(DOCS * sizeof *map), left;
  Part p;
  Told t;
  feedWrite(&p, false);
  bool good = partOpen(&p, DOCS);
  for (u32 i = 0; i < DOCS; i++) map[i] = i % 4 ? DOC_END : i;
  PairFeed f = {.seg = p.g, .column = 4, .n = WORDS, .ord = all};
  testOk(good && !feedRun(&f, &t) && t.df == DOCS / 2 && t.pairs == 2,
      "all documents");
  f.map = map;
  testOk(good && !feedRun(&f, &t) && t.df == DOCS / 4, "those that stay");
  f.old = true;
  f.base = 10000;
  testOk(good && !feedRun(&f, &t) && t.df == DOCS / 4,
      "... behind the documents of another segment");
  f = (PairFeed){.seg = p.g, .column = 4, .n = WORDS, .ord = some};
  testOk(good && !feedRun(&f, &t) && !t.pairs, "one word is not here");
  f.cancelled = cancelAt;
  f.arg = &left;
  left = 100;
  testOk(good && !feedRun(&f, &t) && left, "who may cancel is asked");
  left = 1;
  testRc(good ? feedRun(&f, &t) : SEINE_ERROR, SEINE_INTERRUPT,
      "... and does");
  f.column = 5;
  testRc(good ? feedRun(&f, &t) : SEINE_ERROR, SEINE_CORRUPT,
      "words of a column that has none");
  partClose(&p);
  free(map);
}

/* ---- damage ------------------------------------------------------------- */

/* A byte of the section changes: some say so, and nobody hangs. */
static void testDamaged(void) {
  static const u32 all[] = {0, 1, 2};
  u32 told = 0, other = 0, tried = 0;
  Part p;
  feedWrite(&p, false);
  bool good = partOpen(&p, DOCS);
  Extent *x = NULL;
  const u8 *bytes = NULL;
  good = good && !snExtentOpen(p.store, &p.g->ref, &x) &&
      !snExtentGet(x, 0, snExtentLen(x), &bytes);
  const Section *s = good ? snSegmentFind(p.g, SEC_POST, 4) : NULL;
  u64 n = good ? snExtentLen(x) : 0;
  u8 *forged = malloc(n + 1);
  for (u64 at = 0; s && at < s->len; at += 3, tried++) {
    SegmentRef ref = {.id = 2, .docs = DOCS};
    Segment *g;
    Told t;
    memcpy(forged, bytes, n);
    forged[s->at + at] ^= 0x55;
    if (snWriterPut(p.store, forged, n, 2, &ref.ref) ||
        snSegmentOpen(p.store, &ref, NULL, 0, &g))
      break;
    PairFeed f = {.seg = g, .column = 4, .n = WORDS, .ord = all};
    int rc = feedRun(&f, &t);
    told += rc == SEINE_CORRUPT;
    other += rc && rc != SEINE_CORRUPT;
    snSegmentDrop(g);
    (void)snWriterFree(p.store, &ref.ref);
  }
  testOk(tried > 20 && told > 10 && !other, "damaged lists");
  free(forged);
  snExtentDrop(x);
  partClose(&p);
}

static void testDictionary(void) {
  static const u32 all[] = {0, 1, 2};
  Part p;
  Told t;
  feedWrite(&p, true);
  bool good = partOpen(&p, DOCS);
  PairFeed f = {.seg = p.g, .column = 4, .n = WORDS, .ord = all};
  testRc(good ? feedRun(&f, &t) : SEINE_ERROR, SEINE_CORRUPT,
      "a dictionary that says where no lists lie");
  partClose(&p);
}

/* ---- memory ------------------------------------------------------------- */

typedef struct Starved {
  Store *store;
  SegmentRef ref;
} Starved;

static int starvedRun(void *arg) {
  static const u32 all[] = {0, 1, 2};
  const Starved *s = arg;
  Segment *g;
  Told t;
  int rc = snSegmentOpen(s->store, &s->ref, NULL, 0, &g);
  if (rc) return rc;
  PairFeed f = {.seg = g, .column = 4, .n = WORDS, .ord = all};
  rc = feedRun(&f, &t);
  if (!rc && t.df != DOCS / 2) rc = SEINE_ERROR;
  snSegmentDrop(g);
  return rc;
}

static void testStarved(void) {
  Part p;
  feedWrite(&p, false);
  bool good = partOpen(&p, DOCS);
  Starved s = {p.store, {.id = 1, .docs = DOCS}};
  if (good) s.ref.ref = p.g->ref;
  testOk(good && partStarve(starvedRun, &s) > 8, "each allocation fails");
  partClose(&p);
}

int main(int argc, char **argv) {
  testSeed(argc, argv);
  testFed();
  testDamaged();
  testDictionary();
  testStarved();
  return testDone();
}
