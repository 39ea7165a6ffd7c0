/*
** key_test: which documents have a key?
**   1. the hash of a value and when two of them are the same key
**   2. a section of keys: each is found, a part at a time and once the section
**      is taken as a whole; a walk shows all of them in order
**   3. the rowid alone, in a segment in which it ascends
**   4. values, hashes and which documents have one, against the model; a key
**      that came later
**   5. forged sections are refused, or lead nowhere; never outside
**   6. each allocation and each read fails, once and from then on
*/
#include "index/part.h"
#include "store/probe.h"

static const u32 key_column[] = {0};
static TableKey test_key = {.id = 7, .kind = KEY_UNIQUE, .n = 1,
    .col = (u32[]){1}};
static TableKey rowid_key = {.id = 8, .kind = KEY_PRIMARY, .n = 1,
    .col = (u32 *)(void *)key_column};

/* ---- 1 ------------------------------------------------------------------ */

static ArrayItem itemStr(const char *s) {
  return (ArrayItem){.p = (const u8 *)s, .n = (u32)strlen(s)};
}

static void testSameKey(void) {
  const ArrayItem null = {.null = true}, none = {.p = NULL};
  const struct {
    u8 type;
    ArrayItem a, b;
    bool same;
    const char *name;
  } table[] = {
    {TYPE_INTEGER, {.i = 5}, {.i = 5}, true, "equal integers"},
    {TYPE_INTEGER, {.i = 5}, {.i = -5}, false, "two integers"},
    {TYPE_INTEGER, {.i = 5}, null, false, "NULL at the right"},
    {TYPE_INTEGER, null, {.i = 5}, false, "NULL at the left"},
    {TYPE_KEYWORD, null, null, false, "two NULLs"},
    {TYPE_KEYWORD, itemStr("ab"), itemStr("ab"), true, "equal strings"},
    {TYPE_KEYWORD, itemStr("ab"), itemStr("ac"), false, "two strings"},
    {TYPE_KEYWORD, itemStr("ab"), itemStr("abc"), false, "one longer"},
    {TYPE_KEYWORD, itemStr(""), none, true, "empty strings"},
    {TYPE_REAL, {.d = 1.5}, {.d = 1.5}, true, "equal doubles"},
    {TYPE_REAL, {.d = 1.5}, {.d = 1.25}, false, "two doubles"},
    {TYPE_REAL, {.d = 0.0}, {.d = -0.0}, true, "zeros of both signs"},
    {TYPE_REAL, {.d = NAN}, {.d = -NAN}, true, "NaNs of both signs"},
    {TYPE_REAL, {.d = NAN}, {.d = INFINITY}, false, "NaN and infinity"},
  };
  for (u32 i = 0; i < SN_COUNT(table); i++) {
    const ArrayItem *a = &table[i].a, *b = &table[i].b;
    bool good = snKeySame(table[i].type, a, b) == table[i].same;
    if (!a->null && !b->null)
      good = good && (snKeyHashItem(KEY_SEED, table[i].type, a)
          == snKeyHashItem(KEY_SEED, table[i].type, b)) == table[i].same;
    testOk(good, table[i].name);
  }
}

/* ---- 2 ------------------------------------------------------------------ */

typedef struct Keys {
  Part part;
  u32 n, docs;
  u64 *hash;        /* by document; of those that have none: 0 */
  bool *has;
} Keys;

static void keysClear(Keys *k) {
  partClose(&k->part);
  free(k->hash);
  free(k->has);
}

/* n of the documents have a key; hashes meet now and then. */
static bool keysMake(Keys *k, u32 n, u32 docs) {
  KeyIdx *v = malloc((n + 1) * sizeof *v);
  u32 left = n;
  memset(k, 0, sizeof *k);
  k->n = n;
  k->docs = docs;
  k->hash = calloc(docs, sizeof *k->hash);
  k->has = calloc(docs, sizeof *k->has);
  partInit(&k->part);
  for (u32 d = 0, at = 0; d < docs; d++) {
    u64 h = testChance() << testRandom(2);
    if (testRandom(docs - d) >= left) continue;
    if (!testRandom(20)) h = testRandom(2) ? ~0ull : 0;
    if (at && !testRandom(10)) h = k->hash[v[testRandom(at)].idx];
    k->hash[d] = h;
    k->has[d] = true;
    v[at++] = (KeyIdx){h, d};
    left--;
  }
  if (!k->part.rc)
    k->part.rc = snKeyWriteAll(&k->part.w, test_key.id, v, n, docs,
        &test_budget);
  free(v);
  return partOpen(&k->part, docs);
}

/* Documents of the same upper bits come in order; others do not. */
static bool keysFind(const Keys *k, KeyReader *r, u64 hash) {
  KeyFind f;
  u32 doc = 0;
  if (snKeyFind(r, hash, 0, &f)) return testNo("find", hash, 0);
  for (u32 d = 0; d < k->docs; d++) {
    if (!k->has[d] || (k->hash[d] ^ hash) >> (64 - KEY_BITS)) continue;
    if (!snKeyFindNext(&f, &doc) || doc != d) return testNo("next", d, doc);
  }
  return !snKeyFindNext(&f, &doc) || testNo("one too many", doc, 0);
}

static bool keysWalk(const Keys *k) {
  KeyWalk w;
  u64 hash = 0;
  u32 n = 0, doc = 0;
  if (snKeyWalkOpen(k->part.g, &test_key, &w)) return testNo("walk", 0, 0);
  for (; snKeyWalkNext(&w); n++, hash = w.hash, doc = w.doc) {
    if (!k->has[w.doc] || w.hash != k->hash[w.doc] >> (64 - KEY_BITS)
        << (64 - KEY_BITS)) return testNo("walked", w.doc, w.hash);
    if (n && (w.hash < hash || (w.hash == hash && w.doc <= doc)))
      return testNo("order", w.doc, doc);
  }
  return (!w.rc && n == k->n && !snKeyWalkNext(&w)) || testNo("all", n, k->n);
}

static void testSection(void) {
  static const u32 sizes[][2] = {
    {0, 1}, {0, 100}, {1, 1}, {1, 1000}, {8, 8}, {9, 9}, {9, 300}, {16, 17},
    {17, 17}, {128, 128}, {129, 4096}, {1000, 1000}, {5000, 70000},
  };
  for (u32 i = 0; i < SN_COUNT(sizes); i++) {
    Keys k;
    KeyReader r;
    char name[60];
    bool good = keysMake(&k, sizes[i][0], sizes[i][1])
        && !snKeyOpen(k.part.g, &test_key, &r) && keysWalk(&k);
    for (u32 j = 0; good && (j < 30 || (!r.whole && j < 300)); j++) {
      u32 d = testRandom(k.docs);
      good = keysFind(&k, &r, k.has[d] ? k.hash[d] : testChance());
    }
    good = good && keysFind(&k, &r, 0) && keysFind(&k, &r, ~0ull);
    if (sizes[i][0] < 6400) good = good && r.whole;
    snprintf(name, sizeof name, "%u keys of %u documents", sizes[i][0],
        sizes[i][1]);
    testOk(good, name);
    keysClear(&k);
  }
}

/* ---- 3 ------------------------------------------------------------------ */

/* A segment whose column 0 is those numbers; nulls: bits of those that have
** none, which nobody writes. */
static bool rowidsMake(Part *p, const i64 *v, const u64 *nulls, u32 n) {
  ColWriter w;
  Buf b;
  partInit(p);
  snBufInit(&b, &test_budget);
  snColWriteInit(&w, &test_budget, TYPE_INTEGER, false);
  for (u32 at = 0; at < n; at += SN_WINDOW)
    snColWriteInts(&w, v + at, nulls ? nulls + at / 64 : NULL,
        SN_MIN(SN_WINDOW, n - at));
  snColWriteEnd(&w, &b);
  snColWriteFree(&w);
  snSegWriteBuf(&p->w, SEC_INTS, 0, &b);
  snBufClear(&b);
  if (!partOpen(p, n)) return false;
  p->g->rowid_min = v[0];
  p->g->rowid_max = v[n - 1];
  return true;
}

/* The document of a rowid; ~0: none, ~0 - 1: the segment is damaged. */
static u32 rowidFind(Segment *g, i64 rowid) {
  KeyReader r;
  KeyFind f;
  u32 doc, more;
  if (snKeyOpen(g, &rowid_key, &r) || snKeyFind(&r, 77, rowid, &f))
    return UINT32_MAX - 1;
  if (!snKeyFindNext(&f, &doc)) return UINT32_MAX;
  return snKeyFindNext(&f, &more) ? UINT32_MAX - 1 : doc;
}

static bool rowidsRun(u32 n) {
  i64 *v = malloc(n * sizeof *v);
  Part p;
  bool good;
  v[0] = testRandom(2) ? INT64_MIN + 2 : -50;
  for (u32 i = 1; i < n; i++) v[i] = v[i - 1] + 1 + testRandom(3);
  if (n > 1 && testRandom(2)) v[n - 1] = INT64_MAX - 1;
  good = rowidsMake(&p, v, NULL, n);
  for (u32 i = 0; good && i < 400; i++) {
    u32 d = i < 2 ? i * (n - 1) : testRandom(n);
    i64 gap = v[d] + 1;
    good = rowidFind(p.g, v[d]) == d;
    if (d + 1 == n || v[d + 1] != gap)
      good = good && rowidFind(p.g, gap) == UINT32_MAX;
    if (!good) testNo("rowid", d, n);
  }
  good = good && rowidFind(p.g, INT64_MIN) == UINT32_MAX
      && rowidFind(p.g, INT64_MAX) == UINT32_MAX;
  /* What the reference says of the ends is not believed. */
  p.g->rowid_min = INT64_MIN;
  p.g->rowid_max = INT64_MAX;
  good = good && rowidFind(p.g, v[0] - 1) == UINT32_MAX
      && rowidFind(p.g, v[n - 1] + 1) == UINT32_MAX
      && rowidFind(p.g, v[n - 1]) == n - 1;
  partClose(&p);
  free(v);
  return good;
}

/* A window without any rowid is damage, whichever window is looked at. */
static void testNoRowid(void) {
  enum { WINDOWS = 5, N = WINDOWS * SN_WINDOW };
  i64 *v = malloc(N * sizeof *v);
  u64 *nulls = calloc(N / 64, sizeof *nulls);
  u32 bad = 0;
  Part p;
  KeyWalk w;
  for (u32 i = 0; i < N; i++) v[i] = i;
  memset(nulls + 2 * SN_WORDS, 0xff, SN_WORDS * 8);
  bool good = rowidsMake(&p, v, nulls, N);
  for (u32 i = 0; good && i < WINDOWS; i++) {
    u32 doc = rowidFind(p.g, i * SN_WINDOW + 9);
    bad += doc == UINT32_MAX - 1;
    good = doc == i * SN_WINDOW + 9 || doc >= UINT32_MAX - 1;
  }
  testOk(good && bad, "a window without rowids");
  good = good && !snKeyWalkOpen(p.g, &rowid_key, &w) && !snKeyWalkNext(&w)
      && !w.rc;
  testOk(good, "rowids alone are not walked");
  good = good && snKeyWalkOpen(p.g, &test_key, &w) == SEINE_CORRUPT;
  testOk(good, "another key has to have a section");
  partClose(&p);
  memset(nulls, 0xff, N / 8);
  testOk(rowidsMake(&p, v, nulls, SN_WINDOW)
      && rowidFind(p.g, 0) >= UINT32_MAX - 1, "no rowid at all");
  partClose(&p);
  partInit(&p);
  testOk(partOpen(&p, 10) && rowidFind(p.g, 0) == UINT32_MAX - 1
      && rowidFind(p.g, 1) == UINT32_MAX,
      "no column of them");
  partClose(&p);
  free(v);
  free(nulls);
}

/* ---- 4 ------------------------------------------------------------------ */

static ArrayItem itemOf(u8 type, const Val *v) {
  ArrayItem x = {.null = v->null, .i = v->i, .p = v->p, .n = v->n};
  if (!(type & TYPE_ARRAY) && snTypeForm(type) == FORM_REAL) x.d = v->d;
  return x;
}

static bool valuesSame(const Model *m, Segment *g, u32 row, Arena *a) {
  for (u32 k = 0; k < m->t->ncol; k++) {
    const Column *c = m->t->col + k;
    const Val *v = testVal(m, row, k);
    ArrayItem got;
    bool str = c->type & TYPE_ARRAY || snTypeForm(c->type) == FORM_STR;
    int rc = snKeyValue(g, c->id, c->type, row, a, &got);
    bool same = !rc && got.null == v->null;
    if (same && !v->null && str)
      same = got.n == v->n && (!v->n || !memcmp(got.p, v->p, v->n));
    else if (same && !v->null && snTypeForm(c->type) == FORM_REAL)
      same = testSameBits(&got.d, &v->d);
    else if (same && !v->null) same = got.i == v->i;
    if (!same) return testNo("value", row, k);
  }
  return true;
}

/* Of a key over scalar columns and the rowid. */
static bool hashesSame(const Model *m, Segment *g, const TableKey *k) {
  u64 hash[SN_WINDOW], has[SN_WORDS];
  bool same = true;
  Arena a;
  snArenaInit(&a, &test_budget);
  for (u32 d = 0; same && d < m->n; d++) {
    u32 i = d % SN_WINDOW;
    u64 want = KEY_SEED;
    bool null = false;
    if (!i) same = !snKeyWindow(g, m->t, k, d / SN_WINDOW, &a, hash, has);
    for (u32 j = 0; j < k->n; j++) {
      int at = snConstraintColumn(m->t, k->col[j]);
      u8 type = at < 0 ? TYPE_INTEGER : m->t->col[at].type;
      ArrayItem x = {.i = m->rowid[d]};
      if (at >= 0) x = itemOf(type, testVal(m, d, (u32)at));
      null |= x.null;
      if (!x.null) want = snKeyHashItem(want, type, &x);
    }
    same = same && snBit(has, i) == !null && (null || hash[i] == want);
    if (!same) testNo("hash", d, k->id);
  }
  snArenaClear(&a);
  return same;
}

/* A key that came later, as a patch of the segment. */
static bool patchFinds(const Model *m, Store *s, const SegmentRef *ref,
    Segment *g, const TableKey *k) {
  ColumnPatch patch;
  Segment *p = NULL;
  KeyReader r;
  bool good = !snKeyPatch(g, m->t, k, s, &patch)
      && !snSegmentOpen(s, ref, &patch, 1, &p) && !snKeyOpen(p, k, &r);
  u64 hash[SN_WINDOW], has[SN_WORDS];
  Arena a;
  snArenaInit(&a, &test_budget);
  for (u32 d = 0; good && d < m->n; d++) {
    u32 i = d % SN_WINDOW, doc;
    bool found = false;
    KeyFind f;
    if (!i) good = !snKeyWindow(g, m->t, k, d / SN_WINDOW, &a, hash, has);
    if (!good || !snBit(has, i)) continue;
    good = !snKeyFind(&r, hash[i], m->rowid[d], &f);
    while (good && !found && snKeyFindNext(&f, &doc)) found = doc == d;
    good = good && found;
    if (!good) testNo("patched key", d, k->id);
  }
  snArenaClear(&a);
  snSegmentDrop(p);
  return good;
}

static bool testValues(u32 rows) {
  Table *t = testTable(true);
  Store *s = testWriter();
  SegmentRef ref;
  Segment *g = NULL;
  Model m;
  u32 styles[64], last = UINT32_MAX;
  testStyles(t, styles);
  testModelInit(&m, t);
  testFillRows(&m, rows, styles);
  bool good = !testFlush(s, &m, 3, &ref)
      && !snSegmentOpen(s, &ref, NULL, 0, &g);
  Arena a;
  snArenaInit(&a, &test_budget);
  for (u32 i = 0; good && i < 300; i++)
    good = valuesSame(&m, g, testRandom(rows), &a);
  snArenaClear(&a);
  for (u32 k = 0; good && k < t->ncol / 2; k++) {
    u32 col[2] = {k, (k + 3) % (t->ncol / 2)};
    if (k % 4 == 3) col[1] = last;
    good = !snConstraintKey(t, KEY_UNIQUE, NULL, col, 1 + k % 2);
    if (!good) break;
    good = hashesSame(&m, g, t->key + k)
        && patchFinds(&m, s, &ref, g, t->key + k);
  }
  snSegmentDrop(g);
  testClose(s);
  testModelClear(&m);
  snTableDrop(t);
  return good;
}

/* A dictionary without any string: all documents are NULL, or damaged. */
static void testNoString(void) {
  u64 nulls[SN_WORDS];
  i64 codes[100] = {0};
  DictWriter d;
  ColWriter w;
  Part p;
  Buf b;
  memset(nulls, 0xff, sizeof nulls);
  for (u32 all = 0; all < 2; all++) {
    partInit(&p);
    snBufInit(&b, &test_budget);
    snDictWriteInit(&d, &test_budget, false, false);
    snDictWriteEnd(&d, 0, &b);
    snSegWriteBuf(&p.w, SEC_VALUES, 6, &b);
    b.n = 0;
    if (!all) snBitClear(nulls, 50);
    else snBitSet(nulls, 50);
    snColWriteInit(&w, &test_budget, TYPE_KEYWORD, false);
    snColWriteInts(&w, codes, nulls, 100);
    snColWriteEnd(&w, &b);
    snSegWriteBuf(&p.w, SEC_CODES, 6, &b);
    snBufClear(&b);
    snColWriteFree(&w);
    snDictWriteFree(&d);
    ArrayItem x;
    Arena a;
    snArenaInit(&a, &test_budget);
    bool good = partOpen(&p, 100)
        && !snKeyValue(p.g, 6, TYPE_KEYWORD, 49, &a, &x) && x.null;
    int rc = good ? snKeyValue(p.g, 6, TYPE_KEYWORD, 50, &a, &x) : -1;
    testOk(good && (all ? !rc && x.null : rc == SEINE_CORRUPT || !x.n),
        all ? "no string, no value" : "a value, and no string");
    snArenaClear(&a);
    partClose(&p);
  }
}

/* ---- 5 ------------------------------------------------------------------ */

typedef enum ForgeEnd { FORGE_OPEN, FORGE_WALK, FORGE_NONE } ForgeEnd;

/* 100 keys of 200 documents: an entry has 44 bits, there are 16 buckets. */
static const struct {
  i64 at; /* of the section; below zero: of the offsets, from their end */
  u32 bytes;
  u64 value;
  ForgeEnd ends;
  const char *name;
} forges[] = {
  {0, 4, 201, FORGE_OPEN, "more keys than documents"},
  {0, 4, 16, FORGE_OPEN, "keys that have fewer buckets"},
  {0, 4, 101, FORGE_OPEN, "a key more than there is room for"},
  {0, 4, 99, FORGE_OPEN, "a key less"},
  {4, 1, 5, FORGE_OPEN, "more buckets"},
  {4, 1, 255, FORGE_OPEN, "as many as a byte can say"},
  {5, 1, 7, FORGE_OPEN, "fewer bits of a document"},
  {5, 1, 9, FORGE_OPEN, "more bits of a document"},
  {8, 1, 255, FORGE_WALK, "a document that is not there"},
  {9, 4, 0xffffffff, FORGE_WALK, "hashes out of order"},
  {-68, 4, 1, FORGE_NONE, "the first bucket begins later"},
  {-68, 4, 101, FORGE_WALK, "it begins behind the last entry"},
  {-64, 4, 101, FORGE_WALK, "the second one does"},
  {-4, 4, 101, FORGE_WALK, "it ends behind the last entry"},
  {-4, 4, 0xffffffff, FORGE_WALK, "it ends far away"},
  {-4, 4, 99, FORGE_WALK, "the last entry is in no bucket"},
};

/* A copy of the segment of k whose section is changed. */
static Segment *forgeMake(const Keys *k, i64 at, u32 bytes, u64 value) {
  const Section *s = snSegmentFind(k->part.g, SEC_KEYS, test_key.id);
  u64 n = snExtentLen(k->part.g->extent);
  u8 *copy = malloc(n), le[8];
  const u8 *p;
  SegmentRef ref = {.id = 1, .docs = k->docs};
  Segment *g = NULL;
  if (!snExtentGet(k->part.g->extent, 0, n, &p)) memcpy(copy, p, n);
  snPut64(le, value);
  memcpy(copy + s->at + (at < 0 ? (i64)s->len + at : at), le, bytes);
  if (snWriterPut(k->part.store, copy, n, 1, &ref.ref)
      || snSegmentOpen(k->part.store, &ref, NULL, 0, &g)) g = NULL;
  free(copy);
  return g;
}

/* Every look-up ends, within the documents. */
static bool forgeFinds(Segment *g, const Keys *k) {
  KeyReader r;
  u32 doc, n = 0;
  bool good = !snKeyOpen(g, &test_key, &r);
  for (u32 i = 0; good && i < 300; i++) {
    KeyFind f;
    u64 hash = i < k->docs ? k->hash[i] : testChance();
    int rc = snKeyFind(&r, hash, 0, &f);
    good = !rc || rc == SEINE_CORRUPT;
    while (!rc && good && snKeyFindNext(&f, &doc))
      good = doc < k->docs && n++ < 300 * k->docs;
  }
  return good;
}

static void testForges(void) {
  Keys k;
  test_state = 88172645463325252ull; /* the same keys for every seed */
  bool good = keysMake(&k, 100, 200);
  testOk(good, "100 keys of 200 documents");
  for (u32 i = 0; good && i < SN_COUNT(forges); i++) {
    Segment *g = forgeMake(&k, forges[i].at, forges[i].bytes,
        forges[i].value);
    KeyWalk w;
    u32 n = 0;
    int rc = g ? snKeyWalkOpen(g, &test_key, &w) : SEINE_ERROR;
    while (!rc && n < 200 && snKeyWalkNext(&w)) n++;
    ForgeEnd end = rc ? FORGE_OPEN : w.rc ? FORGE_WALK : FORGE_NONE;
    if (end != forges[i].ends) testNo("ends", end, n);
    if (!rc) rc = w.rc;
    if (end == FORGE_WALK && snKeyWalkNext(&w)) rc = testNo("goes on", i, n);
    testOk(end == forges[i].ends && (!rc || rc == SEINE_CORRUPT) && n <= 200
        && (end == FORGE_OPEN || forgeFinds(g, &k)), forges[i].name);
    snSegmentDrop(g);
  }
  keysClear(&k);
  Part p;
  KeyReader r;
  partInit(&p);
  snSegWriteBegin(&p.w);
  snBufU32(&p.w.buf, 0);
  snSegWriteEnd(&p.w, SEC_KEYS, test_key.id);
  testOk(partOpen(&p, 10) && snKeyOpen(p.g, &test_key, &r) == SEINE_CORRUPT,
      "a section of four bytes");
  partClose(&p);
}

/* ---- 6 ------------------------------------------------------------------ */

static char fault_path[48];
static SegmentRef fault_ref;
static Model fault_model;

static Store *faultStore(void) {
  return testStore(&probeVfs, fault_path, true);
}

/* Opens the segment anew, and asks for all that a key can be asked for. */
static int faultAll(Store *s) {
  const Table *t = fault_model.t;
  Segment *g = NULL;
  Arena a;
  int rc = snSegmentOpen(s, &fault_ref, NULL, 0, &g);
  snArenaInit(&a, &test_budget);
  for (u32 i = 0; !rc && i < t->nkey; i++) {
    const TableKey *k = t->key + i;
    u64 hash[SN_WINDOW], has[SN_WORDS];
    KeyReader r;
    KeyWalk w;
    ArrayItem x;
    KeyFind f;
    rc = snKeyOpen(g, k, &r);
    if (i == 1) r.probes = fault_model.n; /* takes the section as a whole */
    if (!rc) rc = snKeyFind(&r, 1ull << 63, 1, &f);
    for (u32 d = 0; !rc && d < fault_model.n; d += fault_model.n / 3) {
      u32 doc;
      rc = snKeyFind(&r, d * 0x9e3779b97f4a7c15ull, fault_model.rowid[d], &f);
      while (!rc && snKeyFindNext(&f, &doc)) {}
      for (u32 c = 0; !rc && c < t->ncol; c++)
        rc = snKeyValue(g, t->col[c].id, t->col[c].type, d, &a, &x);
    }
    if (!rc) rc = snKeyWindow(g, t, k, 1, &a, hash, has);
    if (!rc) rc = snKeyWalkOpen(g, k, &w);
    while (!rc && snKeyWalkNext(&w)) {}
    if (!rc) rc = w.rc;
  }
  snArenaClear(&a);
  snSegmentDrop(g);
  return rc;
}

/* The key that came later, in a transaction that is rolled back. */
static int faultPatch(Store *s) {
  Segment *g = NULL;
  Snapshot *n;
  ColumnPatch patch;
  int rc = snWriterBegin(s, &n);
  if (!rc) rc = snSegmentOpen(s, &fault_ref, NULL, 0, &g);
  if (!rc) rc = snKeyPatch(g, fault_model.t, fault_model.t->key + 1, s,
      &patch);
  snSegmentDrop(g);
  snWriterRollback(s);
  return rc;
}

static bool faultSweep(int (*scene)(Store *), bool memory, bool ever) {
  bool hit = true, good = true;
  for (i64 n = 1; good && hit; n++) {
    Store *s = faultStore();
    snFaultMem(memory ? n : 0, ever);
    probeFail(PROBE_READ, memory ? 0 : (u64)n, ever);
    int rc = scene(s);
    hit = memory ? snFaultMemCount() >= n : probeHit;
    snFaultMem(0, false);
    probeFail(PROBE_OPEN, 0, false);
    if (rc) good = hit && rc == (memory ? SEINE_NOMEM : SEINE_IOERR);
    else good = !hit || !memory; /* a read may be one of watch.c */
    good = good && !scene(s);
    if (!good) testNo("fault", (u64)n, (u64)rc);
    snStoreClose(s);
  }
  return good;
}

/* Sections of more than a chunk, a column of texts among the rows. */
static bool faultMake(Table *t) {
  static const u32 cols[] = {1, 0, UINT32_MAX};
  u32 styles[] = {0, 3, 0, 0};
  bool good = !snTableAdd(t, "i", 1, TYPE_INTEGER, false, NULL, NULL)
      && !snTableAdd(t, "k", 1, TYPE_KEYWORD, false, NULL, NULL)
      && !snTableAdd(t, "s", 1, TYPE_TEXT, false, NULL, NULL)
      && !snTableAdd(t, "a", 1, TYPE_INTEGER | TYPE_ARRAY, false, NULL, NULL)
      && !snConstraintKey(t, KEY_UNIQUE, NULL, cols + 1, 1)
      && !snConstraintKey(t, KEY_UNIQUE, NULL, cols, 3)
      && !snConstraintKey(t, KEY_PRIMARY, NULL, cols + 2, 1);
  Store *s = faultStore();
  Snapshot *n;
  testModelInit(&fault_model, t);
  testFillRows(&fault_model, 24000, styles);
  snWriterSetWalk(s, snCatalogWalk, s);
  good = good && !snWriterBegin(s, &n)
      && !testFlush(s, &fault_model, 5, &fault_ref)
      && !snWriterCommit(s, NULL, 0, NULL, 0);
  snStoreClose(s);
  return good;
}

static int faultWalk(void *arg, Snapshot *base,
    int (*seen)(void *, const ExtentRef *), void *seen_arg) {
  (void)arg, (void)base;
  return seen(seen_arg, &fault_ref.ref);
}

static int faultPatched(Store *s) {
  snWriterSetWalk(s, faultWalk, NULL);
  return faultPatch(s);
}

static void testFaults(void) {
  Table *t = snTableNew(&test_budget, "t", 1);
  u32 x = 0;
  snOsUnix()->random(snOsUnix(), &x, sizeof x);
  snprintf(fault_path, sizeof fault_path, "key_test-%08x.tmp", x);
  probeOver(snOsMemory());
  bool good = faultMake(t);
  testOk(good, "a segment of 24,000 rows");
  for (u32 i = 0; good && i < 4; i++) {
    static const char *const names[] = {"reads", "reads, from then on",
        "allocations", "allocations, from then on"};
    testOk(faultSweep(faultAll, i / 2, i % 2), names[i]);
    testOk(faultSweep(faultPatched, i / 2, i % 2), "... of a patch");
  }
  snOsMemory()->remove(snOsMemory(), fault_path);
  testModelClear(&fault_model);
  snTableDrop(t);
}

int main(int argc, char **argv) {
  bool good = true;
  testSeed(argc, argv);
  testSameKey();
  testSection();
  for (u32 i = 0; good && i < 12; i++)
    good = rowidsRun(i < 3 ? i + 1 : 1 + testRandom(5 * SN_WINDOW));
  testOk(good, "rowids that ascend");
  testNoRowid();
  for (u32 i = 0; good && i < 5; i++) good = testValues(1 + testRandom(5000));
  testOk(good, "values, hashes, keys that came later");
  testNoString();
  testForges();
  testFaults();
  return testDone();
}
