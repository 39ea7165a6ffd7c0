/*
** merge_key_test: segments with keys, merged in their order and in that of
** columns, by one thread and by three.
**   1. the check finds nothing in what was made, nor does it in what was made
**      of rowids that do not ascend
**   2. each allocation fails, with and without a limit; cancels at each
**      question
**   3. a segment without its keys; bytes of keys, numbers and lists changed
*/
#include "index/part.h"

typedef struct Scene {
  Store *store;
  Table *t, *bare;   /* bare: without keys */
  TableState *st;
  SegmentCache *cache;
  View *view;
  const MergeBy *by;
  u32 nby, helpers;
  u32 left;          /* questions until one says no; 0: none does */
} Scene;

static Table *sceneTable(bool keys) {
  static const u32 cols[] = {1, 0, UINT32_MAX};
  Table *t = snTableNew(&test_budget, "t", 1);
  bool good = !snTableAdd(t, "i", 1, TYPE_INTEGER, false, NULL, NULL) &&
      !snTableAdd(t, "k", 1, TYPE_KEYWORD, false, NULL, NULL) &&
      !snTableAdd(t, "r", 1, TYPE_REAL, false, NULL, NULL);
  if (good && keys)
    good = !snConstraintKey(t, KEY_UNIQUE, NULL, cols, 2) &&
        !snConstraintKey(t, KEY_PRIMARY, NULL, cols + 2, 1);
  if (good) return t;
  snTableDrop(t);
  return NULL;
}

/* n rows whose rowids and numbers begin at `from`; every ninth is deleted. */
static int sceneAdd(Scene *c, const Table *t, u32 n, u32 from) {
  u64 bits[SN_WORDS] = {0}, *deleted[1] = {bits};
  SegmentRef *ref = c->st->seg + c->st->nseg;
  Model m;
  Buf b;
  testModelInit(&m, (Table *)t);
  snBufInit(&b, NULL);
  for (u32 i = 0; i < n; i++) {
    Val *v = testModelRow(&m, from + i);
    b.n = 0;
    snBufPrintf(&b, "k%u", (from + i) * 7919 % 97);
    v[0].null = v[2].null = false;
    v[0].i = from + i;
    v[2].d = (double)((from + i) % 50) / 4;
    if (i % 5) testSetBytes(&m, v + 1, b.data, b.n);
    if (i % 9 == 4) snBitSet(bits, i);
  }
  int rc = testFlush(c->store, &m, c->st->nseg + 1, ref);
  if (!rc) rc = snLiveWrite(c->store, NULL, deleted, n, ref->id, &ref->live);
  if (!rc) c->st->nseg++;
  snBufClear(&b);
  testModelClear(&m);
  return rc;
}

static void sceneClose(Scene *c) {
  snViewDrop(c->view);
  snSegmentCacheFree(c->cache);
  snTableStateDrop(c->st);
  snTableDrop(c->t);
  snTableDrop(c->bare);
  testClose(c->store);
}

/* Two segments, the second from `from` on; bare: it has no keys. */
static bool sceneOpen(Scene *c, u32 from, bool bare) {
  memset(c, 0, sizeof *c);
  c->store = testWriter();
  c->t = sceneTable(true);
  c->bare = sceneTable(false);
  c->st = snTableStateNew(&test_budget, c->t);
  c->st->seg = snMemRealloc(NULL, c->st->seg, 3 * sizeof *c->st->seg);
  int rc = snSegmentCacheNew(c->store, &c->cache);
  if (!rc) rc = sceneAdd(c, c->t, 700, 1000);
  if (!rc) rc = sceneAdd(c, bare ? c->bare : c->t, 400, from);
  if (!rc) rc = snViewOpen(c->cache, c->st, &c->view);
  return !rc || testNo("scene", (u64)rc, from);
}

static int sceneAsk(void *arg) {
  Scene *c = arg;
  return c->left && !--c->left;
}

static int sceneMerge(Scene *c, SegmentRef *out) {
  SegmentCache *cache[2] = {NULL};
  View *twin[2] = {NULL};
  int rc = SEINE_OK;
  for (u32 i = 0; !rc && i < c->helpers; i++) {
    rc = snSegmentCacheNew(c->store, cache + i);
    if (!rc) rc = snViewTwin(cache[i], c->view, twin + i);
  }
  MergeEnv e = {.store = c->store, .budget = &test_budget, .view = c->view,
      .twin = twin, .ntwin = c->helpers, .cancelled = sceneAsk, .arg = c};
  if (!rc)
    rc = c->nby ? snMergeSort(&e, c->by, c->nby, 9, out)
                : snMergeRun(&e, 0, 2, 9, out);
  for (u32 i = 0; i < c->helpers; i++) {
    snViewDrop(twin[i]);
    snSegmentCacheFree(cache[i]);
  }
  return rc;
}

/* Whether what was made is whole; it is freed. */
static bool sceneGood(Scene *c, const SegmentRef *out) {
  Segment *g;
  bool good = out->docs == 978 && !snSegmentOpen(c->store, out, NULL, 0, &g);
  if (!good) return testNo("merged", out->docs, 978);
  for (u32 i = 0; good && i < c->t->nkey; i++) {
    if (!snConstraintIsStored(c->t->key + i)) continue;
    good = snSegmentFind(g, SEC_KEYS, c->t->key[i].id) != NULL;
  }
  good = testCheck(g, c->t) && good;
  snSegmentDrop(g);
  (void)snWriterFree(c->store, &out->ref);
  return good;
}

/* In the order of the first `nby` of three columns; 0: in their own; 4: in that
** of rowids. */
static void sceneOrder(Scene *c, u32 nby) {
  static MergeBy by[4];
  by[0] = (MergeBy){c->t->col[1].id, TYPE_KEYWORD, true, false};
  by[1] = (MergeBy){c->t->col[2].id, TYPE_REAL, false, true};
  by[2] = (MergeBy){c->t->col[0].id, TYPE_INTEGER, false, false};
  by[3] = (MergeBy){0, TYPE_INTEGER, false, false};
  c->by = nby == 4 ? by + 3 : by;
  c->nby = nby == 4 ? 1 : nby;
}

/* ---- 1 ------------------------------------------------------------------ */

static void testMerged(void) {
  static const u32 froms[] = {2000, 200};
  for (u32 k = 0; k < 2; k++) {
    Scene c;
    SegmentRef out;
    bool good = sceneOpen(&c, froms[k], false);
    for (u32 i = 0; good && i < 10; i++) {
      sceneOrder(&c, i / 2);
      c.helpers = i % 2 * 2;
      good = !sceneMerge(&c, &out) && sceneGood(&c, &out);
    }
    testOk(good, k ? "rowids that go back" : "rowids that ascend");
    sceneClose(&c);
  }
}

/* ---- 2 ------------------------------------------------------------------ */

/* What is there for speed alone may be left out, so that a merge may do
** without some allocation. */
static bool sceneStarve(Scene *c, bool limit, u32 *fails) {
  bool good = true, hit = true;
  i64 used = test_budget.used;
  if (limit) test_budget.limit = used + (64 << 20);
  for (i64 n = 1; good && hit; n += 1 + n / 100) {
    SegmentRef out;
    snFaultMem(n, false);
    int rc = sceneMerge(c, &out);
    hit = snFaultMemCount() >= n;
    snFaultMem(0, false);
    good = rc ? rc == SEINE_NOMEM && hit : sceneGood(c, &out);
    *fails += rc != SEINE_OK;
    if (!good) (void)testNo("allocation, rc", (u64)n, (u64)rc);
  }
  test_budget.limit = 0;
  return good;
}

/* Threads that help leave the caller's other questions each time. */
static bool sceneCancel(Scene *c) {
  u32 ends = 0;
  bool good = true;
  for (u32 asked = 1; good && asked <= 60; asked++) {
    SegmentRef out;
    c->left = asked;
    int rc = sceneMerge(c, &out);
    ends += rc == SEINE_INTERRUPT;
    good = rc ? rc == SEINE_INTERRUPT : sceneGood(c, &out);
  }
  c->left = 0;
  return good && ends > 0;
}

static void testStarved(void) {
  for (u32 i = 0; i < 4; i++) {
    static const char *const names[] = {"allocations fail",
        "... by three threads", "... in another order",
        "... in another order, by three threads"};
    Scene c;
    u32 fails = 0;
    bool good = sceneOpen(&c, 200, false);
    if (good) {
      c.helpers = i % 2 * 2;
      sceneOrder(&c, i / 2 * 3);
      good = sceneStarve(&c, i % 2, &fails) && fails > 20;
    }
    testOk(good, names[i]);
    testOk(good && sceneCancel(&c), "... and cancels");
    sceneClose(&c);
  }
}

/* ---- 3 ------------------------------------------------------------------ */

static void testBare(void) {
  Scene c;
  SegmentRef out;
  bool good = sceneOpen(&c, 2000, true);
  testOk(good && sceneMerge(&c, &out) == SEINE_CORRUPT,
      "a segment without its keys");
  sceneOrder(&c, 1);
  testOk(good && sceneMerge(&c, &out) == SEINE_CORRUPT,
      "... in another order");
  sceneClose(&c);
}

/* Bytes at even distances of a section of the second segment. */
static u32 sceneDamage(Scene *c, const u8 *bytes, u64 n, const Section *s,
    bool *good) {
  u8 *p = malloc(n);
  u32 told = 0;
  SegmentRef was = c->st->seg[1];
  for (u64 at = 0; *good && at < s->len; at += 1 + s->len / 40) {
    SegmentRef out;
    SegmentRef *ref = c->st->seg + 1;
    memcpy(p, bytes, n);
    p[s->at + at] ^= 0xff;
    *good = !snWriterPut(c->store, p, n, ref->id, &ref->ref);
    snViewDrop(c->view);
    c->view = NULL;
    if (!*good || snViewOpen(c->cache, c->st, &c->view)) continue;
    int rc = sceneMerge(c, &out);
    if (!rc) (void)snWriterFree(c->store, &out.ref);
    told += rc == SEINE_CORRUPT;
    *good = !rc || rc == SEINE_CORRUPT || testNo("damaged", at, (u64)rc);
    (void)snWriterFree(c->store, &ref->ref);
    *ref = was;
  }
  c->st->seg[1] = was;
  free(p);
  return told;
}

static void testDamaged(void) {
  static const struct {
    const char *name;
    SecKind kind;
    u32 col, nby, least; /* col 9: the key, 8: the rowid */
  } cases[] = {
    {"keys that changed", SEC_KEYS, 9, 0, 1},
    {"... in another order", SEC_KEYS, 9, 3, 1},
    {"rowids that changed", SEC_INTS, 8, 0, 3},
    {"... in their order", SEC_INTS, 8, 4, 3},
    {"numbers that changed", SEC_INTS, 0, 3, 3},
    {"doubles that changed", SEC_REALS, 2, 2, 1},
    {"terms that changed", SEC_TERMS, 1, 1, 3},
    {"lists that changed", SEC_POST, 1, 1, 3},
  };
  for (u32 i = 0; i < SN_COUNT(cases); i++) {
    Scene c;
    Extent *x = NULL;
    const u8 *bytes = NULL;
    bool good = sceneOpen(&c, 200, false);
    good = good && !snExtentOpen(c.store, &c.st->seg[1].ref, &x) &&
        !snExtentGet(x, 0, snExtentLen(x), &bytes);
    sceneOrder(&c, cases[i].nby);
    u32 id = cases[i].col == 9 ? c.t->key[0].id
        : cases[i].col == 8    ? 0
                               : c.t->col[cases[i].col].id;
    const Section *s = good ? snSegmentFind(c.view->seg[1], cases[i].kind, id)
                            : NULL;
    Section of = s ? *s : (Section){0};
    u32 told = s ? sceneDamage(&c, bytes, snExtentLen(x), &of, &good) : 0;
    testOk(s && good && told >= cases[i].least, cases[i].name);
    printf("# %u times\n", told);
    snExtentDrop(x);
    sceneClose(&c);
  }
}

int main(int argc, char **argv) {
  testSeed(argc, argv);
  testMerged();
  testStarved();
  testBare();
  testDamaged();
  return testDone();
}
