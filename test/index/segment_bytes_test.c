/*
** segment_bytes_test: segments whose table of sections nobody wrote, and what
** keeps open ones.
**   1. tables made by hand: what opens, and what is CORRUPT
**   2. a page of the table that changed; a file that cannot be read any more
**   3. a patch that is lost, when the rest of the file is saved
**   4. words that are made late: of others, of none, not at all
**   5. a cache whose segments are all in use; which views stand
**   6. twins of what is in memory; each allocation fails once
*/
#include "index/part.h"

#define DOCS 7u

/* ---- 1 ------------------------------------------------------------------ */

/* 32 bytes of sections, then the table. */
typedef struct Hand {
  const char *name;
  Bytes table;
  u32 nsec, docs;    /* as the tail says */
  u32 ref_docs;      /* ... and the reference */
  bool good;
  u32 len, sections; /* what the tail says; 0: the truth */
  u32 magic;
} Hand;

#define TWO "\1\5\x10" "\2\6\x10" /* INTS and REALS, of 16 bytes each */

static const Hand hands[] = {
  {"two sections", PART_BYTES(TWO), 2, DOCS, DOCS, .good = true},
  {"none", PART_BYTES(""), 0, DOCS, DOCS, .good = true},
  {"another magic", PART_BYTES(TWO), 2, DOCS, DOCS, .magic = 1},
  {"other documents", PART_BYTES(TWO), 2, DOCS + 1, DOCS, .good = false},
  {"no document", PART_BYTES(TWO), 2, 0, 0, .good = false},
  {"as many as there may be", PART_BYTES(TWO), 2, DOC_MAX, DOC_MAX,
      .good = true},
  {"more than that", PART_BYTES(TWO), 2, DOC_MAX + 1, DOC_MAX + 1,
      .good = false},
  {"a table longer than all", PART_BYTES(TWO), 2, DOCS, DOCS, .len = 39},
  {"more sections than bytes are for", PART_BYTES(TWO), 3, DOCS, DOCS,
      .good = false},
  {"fewer sections than told", PART_BYTES(TWO), 1, DOCS, DOCS,
      .good = false},
  {"a section of no kind", PART_BYTES("\0\5\x10"), 1, DOCS, DOCS,
      .good = false},
  {"... of one that there is not", PART_BYTES("\x0e\5\x10"), 1, DOCS, DOCS,
      .good = false},
  {"a column of more than 32 bits", PART_BYTES("\1\xff\xff\xff\xff\x7f\1"), 1,
      DOCS, DOCS, .good = false},
  {"a length that is cut", PART_BYTES("\1\5\x90"), 1, DOCS, DOCS,
      .good = false},
  {"a section longer than all", PART_BYTES("\1\5\x37"), 1, DOCS, DOCS,
      .good = false},
  {"... behind another one", PART_BYTES("\1\5\x10\2\6\x7f"), 2, DOCS, DOCS,
      .good = false},
  {"... that would begin behind all", PART_BYTES("\1\5\x35\2\6\0"), 2, DOCS,
      DOCS, .good = false},
};

static int handPut(Store *s, const Hand *h, ExtentRef *out) {
  Buf b;
  snBufInit(&b, &test_budget);
  snBufZero(&b, 32);
  partAdd(&b, h->table);
  snBufU32(&b, h->len ? h->len : h->table.n);
  snBufU32(&b, h->nsec);
  snBufU32(&b, h->docs);
  snBufU32(&b, h->magic ? h->magic : SEG_MAGIC);
  int rc = b.rc ? b.rc : snWriterPut(s, b.data, b.n, 1, out);
  snBufClear(&b);
  return rc;
}

static void testHands(void) {
  Store *s = testWriter();
  SegmentRef ref = {.id = 1, .docs = DOCS};
  Segment *g;
  for (u32 i = 0; i < SN_COUNT(hands); i++) {
    const Hand *h = hands + i;
    ref.docs = h->ref_docs;
    int rc = handPut(s, h, &ref.ref);
    if (!rc) rc = snSegmentOpen(s, &ref, NULL, 0, &g);
    if (!rc && h->nsec && !snSegmentFind(g, SEC_REALS, 6)) rc = SEINE_ERROR;
    if (!rc) snSegmentDrop(g);
    testRc(rc, h->good ? SEINE_OK : SEINE_CORRUPT, h->name);
  }
  ref.docs = DOCS;
  int rc = snWriterPut(s, "Seg1", 4, 1, &ref.ref);
  if (!rc) rc = snSegmentOpen(s, &ref, NULL, 0, &g);
  testRc(rc, SEINE_CORRUPT, "an extent that is too short");
  testClose(s);
}

/* ---- 2 ------------------------------------------------------------------ */

static const char zeros[70000];

static void partZeros(Part *p, SecKind k, u32 column, u32 n) {
  snSegWriteBegin(&p->w);
  snBufAdd(&p->w.buf, zeros, n);
  snSegWriteEnd(&p->w, k, column);
}

/* The tail lies in the second piece of the extent, the 5 bytes of the table
** before it. */
static void testPage(void) {
  SegmentRef ref = {.id = 1, .docs = DOCS};
  Segment *g = NULL;
  Part p;
  partInit(&p);
  partZeros(&p, SEC_NORMS, 4, 65531);
  bool good = partOpen(&p, DOCS);
  if (good) ref.ref = p.g->ref;
  testOk(good && ref.ref.len == 65536 + SEG_TAIL,
      "a table before the end of a piece");
  testOk(good && partFlip(&p, 5) &&
      snSegmentOpen(p.store, &ref, NULL, 0, &g) == SEINE_CORRUPT && !g,
      "the piece changed");
  partClose(&p);
}

static const struct FileOps *ops_good;
static u64 ops_at; /* what cannot be read, ... */
static int ops_rc; /* ... and why */

static int opsRead(File *f, u64 at, void *p, size_t n) {
  if (at <= ops_at && at + n > ops_at) return ops_rc;
  return ops_good->read(f, at, p, n);
}

/* ---- 3 ------------------------------------------------------------------ */

static bool lostView(SegmentCache *c, Table *t, SegmentRef *ref,
    ColumnPatch *patch, int want) {
  TableState st = {.table = t, .nseg = 1, .seg = ref, .npatch = 1,
      .patch = patch};
  View *v;
  int rc = snViewOpen(c, &st, &v);
  if (!rc) snViewDrop(v);
  return rc == want || testNo("view", (u64)rc, (u64)want);
}

static bool lostTold(const Store *s, const char *what) {
  for (u32 i = 0; i < s->nlost; i++)
    if (strstr(s->lost[i], what)) return true;
  return false;
}

/* A store that saves the rest looks at every byte.  What cannot be read is
** lost; that memory lacks is no damage. */
static void testDoubt(void) {
  Table *t = snTableNew(&test_budget, "t", 1);
  SegmentRef ref = {.id = 1, .docs = DOCS};
  ColumnPatch patch = {.segment = 1, .column = 6};
  struct FileOps ops;
  SegWriter w;
  Part p;
  SegmentCache *c[4] = {NULL};
  partInit(&p);
  partZeros(&p, SEC_NORMS, 4, 70000);
  bool good = partOpen(&p, DOCS);
  if (good) ref.ref = p.g->ref;
  snSegWriteInit(&w, p.store, &test_budget, 1);
  snSegWriteBegin(&w);
  snBufByte(&w.buf, 1); /* a page that cannot be read is zeros */
  snBufAdd(&w.buf, zeros, 69999);
  snSegWriteEnd(&w, SEC_INTS, 6);
  good = good && !snSegWriteFinish(&w, DOCS, &patch.ref);
  for (u32 i = 0; i < 4; i++) good = good && !snSegmentCacheNew(p.store, c + i);
  p.store->config.recover = p.store->config.no_map = true;
  testOk(good && lostView(c[0], t, &ref, &patch, SEINE_OK) &&
      !p.store->nlost, "a segment and a patch that are whole");
  ops_good = p.store->file->ops;
  ops = *ops_good;
  ops.read = opsRead;
  p.store->file->ops = &ops;
  ops_rc = SEINE_NOMEM;
  ops_at = ref.ref.page * SN_PAGE;
  testOk(good && lostView(c[1], t, &ref, &patch, SEINE_NOMEM) &&
      !p.store->nlost, "memory lacks for the segment");
  ops_at = patch.ref.page * SN_PAGE;
  testOk(good && lostView(c[2], t, &ref, &patch, SEINE_NOMEM) &&
      !p.store->nlost, "... for the patch");
  ops_rc = SEINE_IOERR;
  testOk(good && lostView(c[3], t, &ref, &patch, SEINE_OK) &&
      lostTold(p.store, "of its values some may be wrong"),
      "a page of the patch cannot be read");
  p.store->file->ops = ops_good;
  for (u32 i = 0; i < 4; i++) snSegmentCacheFree(c[i]);
  partClose(&p);
  snTableDrop(t);
}

typedef struct Lost {
  Store *store;
  SegmentRef ref;
  ColumnPatch patch;
} Lost;

static int lostOpen(void *arg) {
  const Lost *l = arg;
  Segment *g;
  ColReader *c;
  int rc = snSegmentOpen(l->store, &l->ref, &l->patch, 1, &g);
  if (rc) return rc;
  rc = snColOpen(g, 6, TYPE_INTEGER, &c);
  snSegmentDrop(g);
  return rc == SEINE_CORRUPT ? SEINE_OK : rc ? rc : SEINE_ERROR;
}

/* The segment has the column, in a section that can be opened; the patch that
** is lost hides it. */
static void testHidden(void) {
  Lost l = {.ref = {.id = 1, .docs = DOCS}, .patch = {.segment = 1,
      .column = 6}};
  Segment *g;
  ColReader *c;
  ColFeed f;
  Part p;
  partInit(&p);
  snColFeedInit(&f, &test_budget, SEC_INTS, 6, TYPE_INTEGER);
  for (u32 i = 0; i < DOCS; i++) snColFeedInt(&f, i);
  snColFeedEnd(&f, &p.w);
  bool good = partOpen(&p, DOCS) && !snColOpen(p.g, 6, TYPE_INTEGER, &c);
  if (good) l.ref.ref = p.g->ref;
  l.store = p.store;
  good = good && !snWriterPut(p.store, "no table", 8, 1, &l.patch.ref);
  testOk(good && snSegmentOpen(p.store, &l.ref, &l.patch, 1, &g) ==
      SEINE_CORRUPT, "a patch that is none");
  p.store->config.recover = true;
  testRc(lostOpen(&l), SEINE_OK, "... is lost, and so is the column");
  testOk(lostTold(p.store, "column 6"), "... of which is told");
  testOk(partStarve(lostOpen, &l) > 3, "... each allocation fails");
  p.store->config.recover = false;
  static const struct {
    const char *name;
    Bytes table;
    u32 nsec;
  } patches[] = {
    {"a patch of two columns", PART_BYTES(TWO), 2},
    {"... of another one", PART_BYTES("\1\5\x10"), 1},
    {"... of words", PART_BYTES("\5\6\x10"), 1},
  };
  for (u32 i = 0; i < SN_COUNT(patches); i++) {
    Hand h = {.table = patches[i].table, .nsec = patches[i].nsec,
        .docs = DOCS};
    int rc = handPut(p.store, &h, &l.patch.ref);
    if (!rc) rc = snSegmentOpen(p.store, &l.ref, &l.patch, 1, &g);
    testRc(rc, SEINE_CORRUPT, patches[i].name);
  }
  partClose(&p);
}

/* ---- 4 ------------------------------------------------------------------ */

/* The bytes of a segment that has one section of n bytes. */
static int memoryView(Store *s, Table *t, SecKind k, u32 docs, View **out) {
  SegmentRef ref = {.docs = docs};
  SegWriter w;
  Buf b;
  *out = NULL;
  snBufInit(&b, &test_budget);
  snSegWriteInit(&w, NULL, &test_budget, 1);
  snSegWriteBegin(&w);
  snBufZero(&w.buf, 40);
  snSegWriteEnd(&w, k, 4);
  snSegWriteTail(&w, docs);
  if (!w.rc) snSegWriteBytes(&w, &b);
  int rc = w.rc ? w.rc : b.rc;
  snSegWriteAbort(&w);
  if (!rc) rc = snViewMemory(s, t, &ref, &b, out);
  snBufClear(&b);
  return rc;
}

typedef struct Late {
  Store *store;
  Table *table;
  u32 docs;          /* of the words; 0: none */
  int rc;
  u32 made, dropped;
} Late;

static int lateMake(void *arg, View **out) {
  Late *l = arg;
  l->made++;
  *out = NULL;
  if (l->rc || !l->docs) return l->rc;
  return memoryView(l->store, l->table, SEC_NORMS, l->docs, out);
}

static void lateDrop(void *arg) { ((Late *)arg)->dropped++; }

static void testLate(void) {
  static const struct {
    const char *name;
    u32 docs;
    int rc, want;
  } cases[] = {
    {"words that are made when they are asked for", DOCS, 0, SEINE_OK},
    {"... of other documents", DOCS + 1, 0, SEINE_CORRUPT},
    {"... of none", 0, 0, SEINE_CORRUPT},
    {"... for which memory lacks", 0, SEINE_NOMEM, SEINE_NOMEM},
  };
  Table *t = snTableNew(&test_budget, "t", 1);
  Store *s = testWriter();
  for (u32 i = 0; i < SN_COUNT(cases); i++) {
    Late l = {s, t, cases[i].docs, cases[i].rc, 0, 0};
    View *v;
    Dict *d;
    int want = cases[i].want;
    bool good = !memoryView(s, t, SEC_ROWS, DOCS, &v);
    if (good) snSegmentLater(v->seg[0], &(SegmentWords){lateMake, lateDrop,
        &l});
    good = good && snDictTerms(v->seg[0], 4, &d) == want && !d &&
        snDictPairs(v->seg[0], 4, &d) == want && !d;
    good = good && l.made == (want ? 2 : 1) && l.dropped == !want;
    snViewDrop(v);
    testOk(good && l.dropped == 1, cases[i].name);
  }
  testClose(s);
  snTableDrop(t);
}

/* ---- 5 ------------------------------------------------------------------ */

#define MANY 514u /* segments: two more than a cache keeps */

static void testFull(void) {
  Table *t = snTableNew(&test_budget, "t", 1);
  SegmentCache *c = NULL;
  View *v = NULL, *w = NULL;
  Part p;
  partInit(&p);
  partZeros(&p, SEC_NORMS, 4, DOCS);
  bool good = partOpen(&p, DOCS) && !snSegmentCacheNew(p.store, &c);
  SegmentRef *ref = calloc(MANY, sizeof *ref);
  TableState st = {.table = t, .nseg = MANY, .seg = ref};
  for (u32 i = 0; good && i < MANY; i++) {
    ref[i] = (SegmentRef){.id = i + 1, .docs = DOCS};
    ref[i].ref = p.g->ref;
  }
  good = good && !snViewOpen(c, &st, &v) && v->n == MANY &&
      v->total == (u64)MANY * DOCS;
  good = good && !snViewOpen(c, &st, &w) && w->n == MANY;
  for (u32 i = 0; good && i < MANY; i++) good = v->seg[i] == w->seg[i];
  testOk(good, "all segments of a view that is too large are kept");
  if (v) snViewDrop(v);
  if (w) snViewDrop(w);
  v = NULL;
  st.nseg = 1;
  ref[0].id = MANY + 1;
  testOk(good && !snViewOpen(c, &st, &v) && p.store->extents == 513,
      "and go when others are opened");
  if (v) snViewDrop(v);
  snSegmentCacheFree(c);
  free(ref);
  partClose(&p);
  snTableDrop(t);
}

/* A view stands as long as its segments have the same patches. */
static void testStands(void) {
  Table *t = snTableNew(&test_budget, "t", 1);
  SegmentRef ref = {.id = 1, .docs = DOCS};
  ColumnPatch patch[2] = {{.segment = 1, .column = 6},
      {.segment = 1, .column = 7}};
  TableState st = {.table = t, .nseg = 1, .seg = &ref, .npatch = 1,
      .patch = patch};
  static const Hand h = {.table = PART_BYTES("\1\6\x10"), .nsec = 1,
      .docs = DOCS};
  SegmentCache *c = NULL;
  View *v = NULL;
  Part p;
  partInit(&p);
  partZeros(&p, SEC_NORMS, 4, DOCS);
  bool good = partOpen(&p, DOCS) && !snSegmentCacheNew(p.store, &c) &&
      !handPut(p.store, &h, &patch[0].ref);
  if (good) ref.ref = p.g->ref;
  good = good && !snViewOpen(c, &st, &v);
  testOk(good && snViewStands(v, 0, &st, 0), "the same state");
  ref.docs++;
  testOk(good && !snViewStands(v, 0, &st, 0), "other documents");
  ref.docs--;
  ref.id = 2;
  testOk(good && !snViewStands(v, 0, &st, 0), "another segment");
  ref.id = 1;
  st.npatch = 2;
  testOk(good && !snViewStands(v, 0, &st, 0), "one patch more");
  st.npatch = 1;
  patch[0].column = 5;
  testOk(good && !snViewStands(v, 0, &st, 0), "the patch of another column");
  patch[0].column = 6;
  patch[0].ref.sum++;
  testOk(good && !snViewStands(v, 0, &st, 0), "... with other values");
  if (v) snViewDrop(v);
  snSegmentCacheFree(c);
  partClose(&p);
  snTableDrop(t);
}

/* ---- 6 ------------------------------------------------------------------ */

typedef struct Twin {
  Store *store;
  Table *table;
  bool words;
} Twin;

/* A view of one segment of the file would need a state: in memory is enough
** for all that is copied. */
static int twinRun(void *arg) {
  const Twin *k = arg;
  Late l = {k->store, k->table, DOCS, 0, 0, 0};
  SegmentCache *c = NULL;
  View *v = NULL, *w = NULL;
  int rc = snSegmentCacheNew(k->store, &c);
  if (!rc) rc = memoryView(k->store, k->table, SEC_ROWS, DOCS, &v);
  if (!rc && k->words)
    snSegmentLater(v->seg[0], &(SegmentWords){lateMake, lateDrop, &l});
  if (!rc) rc = snViewTwin(c, v, &w);
  if (!rc && (w->total != v->total || w->seg[0] == v->seg[0] ||
      w->seg[0]->serial != v->seg[0]->serial ||
      !snSegmentFind(w->seg[0], SEC_ROWS, 4) ||
      k->words != (w->seg[0]->words != NULL)))
    rc = SEINE_ERROR;
  if (w) snViewDrop(w);
  if (v) snViewDrop(v);
  snSegmentCacheFree(c);
  return rc;
}

static void testTwins(void) {
  Twin k = {.table = snTableNew(&test_budget, "t", 1), .store = testWriter()};
  testOk(partStarve(twinRun, &k) > 5, "a twin of a segment in memory");
  k.words = true;
  testOk(partStarve(twinRun, &k) > 8, "... that has words");
  testClose(k.store);
  snTableDrop(k.table);
}

int main(int argc, char **argv) {
  testSeed(argc, argv);
  testHands();
  testPage();
  testDoubt();
  testHidden();
  testLate();
  testFull();
  testStands();
  testTwins();
  return testDone();
}
