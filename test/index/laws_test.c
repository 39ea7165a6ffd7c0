/*
** laws_test: however the same documents come to be one segment, it gives the
** same answers as if they had been written at once.
**   1. random cuts into segments, neighbours merged in random groups and
**      order, documents deleted before, between and twice: columns, rows,
**      dictionaries, lists with positions are those of the documents left,
**      norms and counts those of one build of them
**   2. the same cut and the same deletions merged in chosen shapes: at once,
**      from the left, from the right, by pairs, each rewritten alone first,
**      and three times over
** Half of the documents are of another kind than the others, so that the
** segments of one merge keep their values in different ways.
*/
#include "index/model.h"

#define LAW_SEGS 12u
#define LAW_ROWS 12000u

typedef struct LawSeg {
  SegmentRef ref;
  u32 from, n; /* its documents in Law.row */
} LawSeg;

typedef struct Law {
  Store *s;
  Table *t;
  Model all;
  SegmentCache *cache;
  u64 id;
  LawSeg seg[LAW_SEGS];
  u32 nseg, row[LAW_ROWS]; /* documents of the segments, one behind another */
  bool alive[LAW_ROWS];    /* by row of `all` */
} Law;

static Law law;

static bool lawBegin(u32 rows) {
  u32 styles[64];
  memset(&law, 0, sizeof law);
  law.s = testWriter();
  law.t = testTable(true);
  if (!law.s || !law.t) return false;
  testModelInit(&law.all, law.t);
  testStyles(law.t, styles);
  testFillRows(&law.all, rows / 2, styles);
  testStyles(law.t, styles);
  testFillRows(&law.all, rows - rows / 2, styles);
  for (u32 i = 0; i < rows; i++) law.alive[i] = true;
  return !snSegmentCacheNew(law.s, &law.cache);
}

static void lawEnd(void) {
  snSegmentCacheFree(law.cache);
  testModelClear(&law.all);
  snTableDrop(law.t);
  testClose(law.s);
}

/* The rows that `want` names, as a segment of its own. */
static int lawBuild(const bool *want, Model *m, SegmentRef *out) {
  testModelInit(m, law.t);
  testModelAdd(m, &law.all, want);
  return testFlush(law.s, m, ++law.id, out);
}

/* Cuts all rows into n segments at random places. */
static int lawCut(u32 n) {
  u32 at = 0;
  int rc = SEINE_OK;
  law.nseg = 0;
  for (u32 k = 0; !rc && k < n; k++) {
    LawSeg *g = law.seg + law.nseg;
    u32 left = law.all.n - at, size = k + 1 == n ? left
        : 1 + testRandom(2 * left / (n - k));
    bool *want = calloc(law.all.n + 1, 1);
    Model m;
    size = SN_MIN(size, left);
    for (u32 i = 0; i < size; i++) {
      want[at + i] = true;
      law.row[at + i] = at + i;
    }
    memset(g, 0, sizeof *g);
    g->from = at;
    g->n = size;
    rc = size ? lawBuild(want, &m, &g->ref) : SEINE_OK;
    if (size) {
      testModelClear(&m);
      law.nseg++;
    }
    free(want);
    at += size;
  }
  return rc;
}

/* Deletes one document in `of` of segment k; those dead stay so. */
static int lawDelete(u32 k, u32 of) {
  LawSeg *g = law.seg + k;
  u32 nwin = (g->n + SN_WINDOW - 1) / SN_WINDOW;
  u64 **bits = calloc(nwin, sizeof *bits);
  Live *old = NULL;
  int rc = SEINE_OK;
  if (g->ref.live.n) rc = snLiveOpen(law.s, &g->ref.live, g->n, &old);
  for (u32 d = 0; !rc && d < g->n; d++) {
    u32 row = law.row[g->from + d];
    if (!law.alive[row] || testRandom(of)) continue;
    law.alive[row] = false;
    if (!bits[d / SN_WINDOW]) bits[d / SN_WINDOW] = calloc(SN_WORDS, 8);
    snBitSet(bits[d / SN_WINDOW], d % SN_WINDOW);
  }
  if (!rc) rc = snLiveWrite(law.s, old, bits, g->n, g->ref.id, &g->ref.live);
  snLiveDrop(old);
  for (u32 w = 0; w < nwin; w++) free(bits[w]);
  free(bits);
  return rc;
}

/* Merges segments [from, to) into one, or into nothing. */
static int lawMerge(u32 from, u32 to) {
  SegmentRef list[LAW_SEGS], out = {0};
  TableState st = {.table = law.t, .nseg = law.nseg, .seg = list};
  LawSeg *a = law.seg + from;
  u32 at = a->from, first = a->from;
  View *v = NULL;
  for (u32 i = 0; i < law.nseg; i++) list[i] = law.seg[i].ref;
  int rc = snViewOpen(law.cache, &st, &v);
  if (!rc)
    rc = snMergeRun(&(MergeEnv){.store = law.s, .budget = &test_budget,
        .view = v}, from, to, ++law.id, &out);
  snViewDrop(v);
  if (rc) testNo("merge", (u64)rc, law.nseg);
  if (rc) return rc;
  for (u32 k = from; k < to; k++) {
    const LawSeg *g = law.seg + k;
    for (u32 d = 0; d < g->n; d++) {
      u32 row = law.row[g->from + d];
      if (law.alive[row]) law.row[at++] = row;
    }
  }
  *a = (LawSeg){out, first, at - first};
  if (out.docs != at - first) {
    testNo("documents", out.docs, at - first);
    return SEINE_MISUSE;
  }
  u32 stay = at > first;
  memmove(a + stay, law.seg + to, (law.nseg - to) * sizeof *a);
  law.nseg -= to - from - stay;
  return SEINE_OK;
}

/* ---- what two segments say ---------------------------------------------- */

/* A dictionary without terms is as good as none; so are norms of 0. */
static bool lawDicts(Segment *a, Segment *b, u32 column) {
  Dict *x, *y;
  if (snDictTerms(a, column, &x) || snDictTerms(b, column, &y))
    return testNo("a dictionary", column, 0);
  if (!x || !y) {
    Dict *some = x ? x : y;
    return !some || !snDictCount(some)
        || testNo("a dictionary in one", column, snDictCount(some));
  }
  if (snDictCount(x) != snDictCount(y) || snDictTtf(x) != snDictTtf(y)
      || snDictDocs(x) != snDictDocs(y)
      || snDictHasFreqs(x) != snDictHasFreqs(y))
    return testNo("counts of a dictionary", column, snDictCount(y));
  for (u32 i = 0; i < snDictCount(x); i++) {
    TermMeta m, n;
    if (snDictMeta(x, i, &m) || snDictMeta(y, i, &n) || m.df != n.df
        || m.ttf != n.ttf) return testNo("counts of a term", column, i);
  }
  return true;
}

static bool lawNorms(Segment *a, Segment *b, u32 column, u32 docs) {
  const u8 *x, *y;
  if (snNormBytes(a, column, &x) || snNormBytes(b, column, &y))
    return testNo("norms", column, 0);
  for (u32 i = 0; i < docs; i++)
    if ((x ? x[i] : 0) != (y ? y[i] : 0)) return testNo("norm", column, i);
  return true;
}

/* The segment says what the living rows say, and the same as one build. */
static bool lawSame(const SegmentRef *ref) {
  SegmentRef once;
  Segment *g = NULL, *h = NULL;
  Model m;
  int rc = lawBuild(law.alive, &m, &once);
  bool good = !rc || testNo("one build", (u64)rc, 0);
  if (good && !m.n) good = !ref || !ref->docs || testNo("left", ref->docs, 0);
  if (good && m.n && !ref) good = testNo("nothing left of", m.n, 0);
  if (good && m.n) {
    rc = snSegmentOpen(law.s, ref, NULL, 0, &g);
    if (!rc) rc = snSegmentOpen(law.s, &once, NULL, 0, &h);
    good = !rc || testNo("open", (u64)rc, 0);
    good = good && testSame(&m, g) && testCheck(g, law.t);
    if (good && (ref->rowid_min > once.rowid_min /* bounds, not the ends */
        || ref->rowid_max < once.rowid_max))
      good = testNo("bounds of rowids", (u64)ref->rowid_min,
          (u64)ref->rowid_max);
    for (u32 k = 0; good && k < law.t->ncol; k++) {
      u32 column = law.t->col[k].id;
      good = lawDicts(g, h, column) && lawNorms(g, h, column, m.n);
    }
    snSegmentDrop(g);
    snSegmentDrop(h);
  }
  testModelClear(&m);
  return good;
}

/* What is left may still have deletions, if all before it was deleted. */
static bool lawOne(void) {
  if (law.nseg && law.seg[0].ref.live.n && lawMerge(0, 1)) return false;
  return lawSame(law.nseg ? &law.seg[0].ref : NULL);
}

/* ---- 1 ------------------------------------------------------------------ */

static bool lawRandom(u32 rows, u32 n) {
  static const u32 of[] = {1, 2, 3, 10, 100};
  u32 steps = 0;
  bool good = lawBegin(rows) && !lawCut(n);
  while (good && (law.nseg > 1 || !steps)) {
    u32 from, size;
    for (u32 k = testRandom(3); good && k && law.nseg; k--)
      good = !lawDelete(testRandom(law.nseg),
          of[!testRandom(6) ? 0 : 1 + testRandom(4)]);
    from = testRandom(law.nseg);
    size = 1 + testRandom(law.nseg - from);
    if (size > 3 && testRandom(3)) size = 2;
    good = good && !lawMerge(from, from + size);
    if (++steps > 60) good = good && !lawMerge(0, law.nseg);
  }
  good = good && law.nseg < 2 && lawOne();
  lawEnd();
  return good;
}

/* ---- 2 ------------------------------------------------------------------ */

typedef enum Shape {
  SHAPE_ONCE, SHAPE_LEFT, SHAPE_RIGHT, SHAPE_PAIRS, SHAPE_ALONE, SHAPE_THRICE,
  SHAPES
} Shape;
static const char *const lawShapes[] = {"at once", "from the left",
  "from the right", "by pairs", "each alone first", "three times over"};

static int lawShape(Shape shape) {
  int rc = SEINE_OK;
  if (shape == SHAPE_ALONE)
    for (u32 i = law.nseg; !rc && i; i--) rc = lawMerge(i - 1, i);
  while (!rc && law.nseg > 1) {
    u32 n = law.nseg;
    if (shape == SHAPE_LEFT) rc = lawMerge(0, 2);
    else if (shape == SHAPE_RIGHT) rc = lawMerge(n - 2, n);
    else if (shape != SHAPE_PAIRS) rc = lawMerge(0, n);
    else for (u32 i = n & ~1u; !rc && i; i -= 2) rc = lawMerge(i - 2, i);
  }
  if (shape == SHAPE_THRICE)
    for (u32 i = 0; !rc && i < 2 && law.nseg; i++) rc = lawMerge(0, 1);
  return rc;
}

/* The chances begin anew for each shape: the same documents, the same cut. */
static void lawAllShapes(u32 rows, u32 n, u32 of) {
  static const char *const kinds[] = {"many segments", "few larger ones"};
  u64 chances = testChance();
  for (u32 k = 0; k < SHAPES; k++) {
    char text[80];
    test_state = chances;
    bool good = lawBegin(rows) && !lawCut(n);
    for (u32 i = 0; good && i < law.nseg; i++) good = !lawDelete(i, of);
    good = good && !lawShape((Shape)k) && law.nseg < 2 && lawOne();
    lawEnd();
    snprintf(text, sizeof text, "%s: %s", kinds[n < 5], lawShapes[k]);
    testOk(good, text);
  }
}

int main(int argc, char **argv) {
  bool good = true;
  testSeed(argc, argv);
  for (u32 i = 0; good && i < 12; i++)
    good = lawRandom(10 + testRandom(300), 1 + testRandom(LAW_SEGS));
  testOk(good, "small segments in random groups");
  for (u32 i = 0; good && i < 1; i++)
    good = lawRandom(4200 + testRandom(3000), 2 + testRandom(4));
  testOk(good, "larger ones");
  lawAllShapes(400, 9, 4);
  lawAllShapes(900, 3, 7);
  return testDone();
}
