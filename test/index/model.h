/*
** model.h: what the tests of index/ share: TAP, chance, stores, and a table
** kept in plain memory that a segment is compared with, value by value and
** list by list.
**
** Words are cut at blanks.  A word that begins with '=' stands at the place
** of the word before it; one that begins with '.' is left out, but takes a
** place.
*/
#ifndef TEST_INDEX_MODEL_H
#define TEST_INDEX_MODEL_H
#include "index/indexInt.h"

static int test_count, test_failed;
static Budget test_budget;
static u64 test_state = 88172645463325252ull;

static inline bool testOk(bool ok, const char *name) {
  printf("%sok %d - %s\n", ok ? "" : "not ", ++test_count, name);
  fflush(stdout);
  test_failed += !ok;
  return ok;
}

static inline bool testRc(int rc, int want, const char *name) {
  if (rc != want)
    printf("# rc %d, wanted %d: %s\n", rc, want, snFaultLog());
  return testOk(rc == want, name);
}

/* A place that differs, said once per line of the test. */
static inline bool testNo(const char *what, u64 a, u64 b) {
  printf("# %s: %llu %llu\n", what, (unsigned long long)a,
      (unsigned long long)b);
  return false;
}

static inline u64 testChance(void) {
  test_state ^= test_state << 13;
  test_state ^= test_state >> 7;
  test_state ^= test_state << 17;
  return test_state;
}

/* A number on the command line gives other chances. */
static inline void testSeed(int argc, char **argv) {
  if (argc > 1)
    test_state ^= strtoull(argv[1], NULL, 10) * 0x9e3779b97f4a7c15ull;
}

static inline u32 testRandom(u32 below) {
  return (u32)((testChance() >> 11) % below);
}

/* ---- stores ------------------------------------------------------------- */

static inline void testMessage(void *arg, const char *text) {
  (void)arg, (void)text;
}

static inline Store *testStore(Vfs *v, const char *path, bool no_map) {
  StoreConfig c = {.vfs = v, .path = path, .create = true,
      .no_map = no_map, .sync_off = true, .budget = &test_budget,
      .message = testMessage};
  Store *s = NULL;
  return snStoreOpen(&c, &s) ? NULL : s;
}

/* A memory store with a writer at work: extents are put and read. */
static inline Store *testWriter(void) {
  Store *s = testStore(snOsMemory(), NULL, false);
  Snapshot *n;
  if (!s) return NULL;
  snWriterSetWalk(s, snCatalogWalk, s);
  return snWriterBegin(s, &n) ? NULL : s;
}

static inline void testClose(Store *s) {
  snWriterRollback(s);
  snStoreClose(s);
}

/* ---- a table ------------------------------------------------------------ */

typedef struct Val {
  bool null;
  u32 n;
  i64 i;
  double d;
  u8 *p;       /* bytes; of arrays: array bytes */
} Val;

typedef struct Model {
  Table *t;
  u32 n, cap;
  i64 *rowid;
  Val *v;      /* row by row */
  Arena arena;
} Model;

static inline void testModelInit(Model *m, Table *t) {
  memset(m, 0, sizeof *m);
  m->t = t;
  snArenaInit(&m->arena, NULL);
}

static inline void testModelClear(Model *m) {
  free(m->rowid);
  free(m->v);
  snArenaClear(&m->arena);
}

static inline Val *testVal(const Model *m, u32 row, u32 col) {
  return m->v + (size_t)row * m->t->ncol + col;
}

/* A row of nulls; returns its values. */
static inline Val *testModelRow(Model *m, i64 rowid) {
  u32 k = m->t->ncol;
  if (m->n == m->cap) {
    m->cap = m->cap ? m->cap * 2 : 64;
    m->rowid = realloc(m->rowid, m->cap * sizeof *m->rowid);
    m->v = realloc(m->v, (size_t)m->cap * (k + 1) * sizeof *m->v);
  }
  m->rowid[m->n] = rowid;
  Val *v = testVal(m, m->n++, 0);
  memset(v, 0, k * sizeof *v);
  for (u32 i = 0; i < k; i++) v[i].null = true;
  return v;
}

static inline void testSetBytes(Model *m, Val *v, const void *p, size_t n) {
  v->null = false;
  v->p = snArenaBytes(&m->arena, n + 1);
  if (n) memcpy(v->p, p, n);
  v->n = (u32)n;
}

static inline void testSetText(Model *m, Val *v, const char *s) {
  testSetBytes(m, v, s, strlen(s));
}

/* Rows of from for which keep (NULL: all) says so, behind those of m. */
static inline void testModelAdd(Model *m, const Model *from,
    const bool *keep) {
  for (u32 i = 0; i < from->n; i++) {
    if (keep && !keep[i]) continue;
    Val *v = testModelRow(m, from->rowid[i]);
    memcpy(v, testVal(from, i, 0), from->t->ncol * sizeof *v);
  }
}

/* ---- words -------------------------------------------------------------- */

typedef struct Cut {
  u32 at[65536], len[65536], pos[65536];
  Buf bytes;
  u32 fail_after; /* texts until one fails; 0: never */
} Cut;
static Cut test_cut;

/* Words of [p, p+n): calls each with its place; returns the next place. */
static inline u32 testCutWords(const u8 *p, u32 n, u32 pos,
    void (*each)(void *, const u8 *, u32, u32), void *arg) {
  for (u32 i = 0; i < n;) {
    u32 from = i;
    while (i < n && p[i] != ' ') i++;
    if (i > from) {
      if (p[from] == '=' && pos) each(arg, p + from, i - from, pos - 1);
      else if (p[from] == '.') pos++;
      else each(arg, p + from, i - from, pos++);
    }
    i++;
  }
  return pos;
}

static inline void testCutOne(void *arg, const u8 *p, u32 n, u32 pos) {
  CutTokens *t = arg;
  test_cut.at[t->n] = (u32)test_cut.bytes.n;
  test_cut.len[t->n] = n;
  test_cut.pos[t->n] = pos;
  t->n++;
  snBufAdd(&test_cut.bytes, p, n);
}

static inline int testCut(void *arg, const Column *col, const u8 *p, u32 n,
    u32 first, CutTokens *out) {
  (void)arg, (void)col;
  memset(out, 0, sizeof *out);
  if (test_cut.fail_after && !--test_cut.fail_after) return SEINE_NOMEM;
  test_cut.bytes.n = 0;
  out->next_pos = testCutWords(p, n, first, testCutOne, out);
  out->at = test_cut.at;
  out->len = test_cut.len;
  out->pos = test_cut.pos;
  out->bytes = test_cut.bytes.data;
  return SEINE_OK;
}

static const IndexEnv test_env = {testCut, NULL, NULL};

/* ---- chance ------------------------------------------------------------- */

static inline i64 testInt(u32 style) {
  switch (style % 8) {
  case 0: return (i64)testChance();
  case 1: return testRandom(10);
  case 2: return 1700000000000000 + (i64)testRandom(1000) * 1000000;
  case 3: return -(i64)testRandom(100000);
  case 4: return testRandom(50) ? 7 : INT64_MIN + (i64)testRandom(3);
  case 5: return (i64)testRandom(1u << 31) * 8;
  case 6: return 42;
  default: return (i64)(testChance() >> testRandom(64));
  }
}

static inline double testReal(u32 style) {
  u64 bits = testChance();
  double d;
  switch (style % 6) {
  case 0: memcpy(&d, &bits, 8); return d;
  case 1: return testRandom(100000) / 100.0;
  case 2: return -(double)testRandom(1000);
  case 3: return testRandom(9) ? 1.5 : -0.0;
  case 4: return testRandom(99) ? testRandom(1u << 30) / 1e6 : NAN;
  default: return 2.25;
  }
}

/* A text of words of a vocabulary; small numbers are frequent. */
static inline void testWords(Buf *b, u32 words, u32 vocabulary) {
  b->n = 0;
  for (u32 i = 0; i < words; i++) {
    u32 w = testRandom(vocabulary);
    w = testRandom(w + 1);
    snBufPrintf(b, "%s%s%u%s", i ? " " : "",
        !testRandom(20) ? "=" : !testRandom(20) ? "." : "w", w,
        w % 7 == 0 ? "-with-a-longer-tail" : "");
  }
  if (!testRandom(30)) snBufStr(b, " ");
}

static inline void testString(Buf *b, u8 type, u32 style) {
  b->n = 0;
  if (type == TYPE_IP) {
    snBufZero(b, 15);
    snBufByte(b, (u8)testRandom(200));
  } else if (type == TYPE_TEXT) {
    u32 n = style % 3 == 0 ? 3 : style % 3 == 1 ? 12 : 60;
    if (!testRandom(200)) n = 3000;
    testWords(b, testRandom(n), style % 2 ? 300 : 20000);
  } else if (type == TYPE_KEYWORD && style % 3 == 0) {
    snBufPrintf(b, "key-%u", testRandom(8));
  } else if (type == TYPE_KEYWORD && style % 3 == 1) {
    snBufPrintf(b, "%u%s", testRandom(3000), testRandom(9) ? "" : "\x80x");
  } else {
    u32 n = testRandom(style % 2 ? 12 : 200);
    for (u32 i = 0; i < n; i++) snBufByte(b, (u8)testRandom(256));
  }
}

static inline void testArray(Model *m, Val *v, u8 elem, u32 style, Buf *b) {
  Buf in;
  Form form = snTypeForm(elem);
  u32 n = testRandom(4) ? testRandom(4) : testRandom(20);
  snBufInit(&in, NULL);
  snArrayBegin(&in, elem, n);
  for (u32 i = 0; i < n; i++) {
    if (!testRandom(6)) {
      snArrayNull(&in);
    } else if (form == FORM_INT) {
      snArrayInt(&in, testInt(style));
    } else if (form == FORM_REAL) {
      snArrayReal(&in, testReal(style));
    } else {
      testString(b, elem, style);
      snArrayStr(&in, b->data, (u32)b->n);
    }
  }
  testSetBytes(m, v, in.data, in.n);
  snBufClear(&in);
}

/* A random value for a column; style decides what its values are like. */
static inline void testFill(Model *m, Val *v, u8 type, u32 style, Buf *b) {
  if (type & TYPE_ARRAY) {
    testArray(m, v, type & 0x3f, style, b);
    return;
  }
  v->null = false;
  switch (snTypeForm(type)) {
  case FORM_INT: v->i = testInt(style); break;
  case FORM_REAL: v->d = testReal(style); break;
  default:
    testString(b, type, style);
    testSetBytes(m, v, b->data, b->n);
  }
}

static inline void testFillRows(Model *m, u32 n, const u32 *styles) {
  Buf b;
  i64 rowid = m->n ? m->rowid[m->n - 1] : 0;
  snBufInit(&b, NULL);
  snBufByte(&b, 0);
  while (n--) {
    rowid += 1 + (testRandom(5) ? 0 : testRandom(100));
    Val *v = testModelRow(m, rowid);
    for (u32 k = 0; k < m->t->ncol; k++) {
      u32 dense = styles[k] >> 4; /* 0: never null, 9: nearly always */
      if (dense && testRandom(10) < dense) continue;
      testFill(m, v + k, m->t->col[k].type, styles[k] & 15, &b);
    }
  }
  snBufClear(&b);
}

/* ---- in and out --------------------------------------------------------- */

static inline int testPutValue(Memtable *t, u32 col, u8 type, const Val *v) {
  if (v->null) return SEINE_OK;
  if (!(type & TYPE_ARRAY)) {
    if (snTypeForm(type) == FORM_INT) return snMemtableInt(t, col, v->i);
    if (snTypeForm(type) == FORM_REAL) return snMemtableReal(t, col, v->d);
  }
  return snMemtableStr(t, col, v->p, v->n);
}

static inline int testPutRow(Memtable *t, const Model *m, u32 row) {
  int rc = snMemtableBegin(t, m->rowid[row]);
  for (u32 k = 0; !rc && k < m->t->ncol; k++)
    rc = testPutValue(t, k, m->t->col[k].type, testVal(m, row, k));
  return rc ? rc : snMemtableEnd(t);
}

static inline int testFlush(Store *s, const Model *m, u64 id,
    SegmentRef *out) {
  Memtable *t;
  int rc = snMemtableNew(&test_budget, m->t, &test_env, &t);
  for (u32 i = 0; !rc && i < m->n; i++) rc = testPutRow(t, m, i);
  if (!rc) rc = snMemtableFlush(t, s, id, out);
  if (!rc && snMemtableBytes(t)) rc = SEINE_MISUSE;
  snMemtableFree(t);
  return rc;
}

/* ---- check -------------------------------------------------------------- */

static u32 test_findings;
static bool test_quiet;

static inline void testFinding(void *arg, const char *text) {
  (void)arg;
  test_findings++;
  if (!test_quiet) printf("# finding: %s\n", text);
}

static inline bool testCheck(Segment *g, const Table *t) {
  test_findings = 0;
  int rc = snIndexCheck(g, t, &test_budget, testFinding, NULL, NULL,
      NULL);
  return rc ? testNo("check", (u64)rc, 0) : test_findings == 0;
}

/* ---- columns ------------------------------------------------------------ */

static inline bool testSameBits(const void *a, const void *b) {
  return !memcmp(a, b, 8);
}

/* Is the value that was read the model's?  at: where it lies. */
static inline bool testSameValue(ColReader *c, const Val *v, const u8 *at,
    bool null) {
  if (null != v->null) return false;
  if (null) return true;
  if (snColKind(c) == COL_INT) return testSameBits(at, &v->i);
  if (snColKind(c) == COL_REAL) return testSameBits(at, &v->d);
  Arena a;
  DictText t;
  u32 ord = snGet32(at);
  snArenaInit(&a, NULL);
  bool same = !snDictTexts(snColDict(c), &ord, 1, &a, &t) && t.n == v->n &&
      !memcmp(t.p, v->p, v->n);
  snArenaClear(&a);
  return same;
}

static inline bool testSameWindow(const Model *m, u32 k, ColReader *c, u32 w) {
  u64 nulls[SN_WORDS], v[SN_WINDOW];
  bool any;
  Zone z;
  u32 base = w * SN_WINDOW, n = SN_MIN(m->n - base, SN_WINDOW), count = 0;
  size_t size = snColKind(c) == COL_CODE ? 4 : 8;
  int rc = snColWindow(c, w, v, nulls, &any);
  if (rc) return testNo("window", w, (u64)rc);
  for (u32 i = 0; i < n; i++) {
    count += snBit(nulls, i);
    if (!testSameValue(c, testVal(m, base + i, k), (u8 *)v + size * i,
            snBit(nulls, i)))
      return testNo("value", base + i, k);
  }
  bool some = snColZone(c, w, &z);
  if (some != (count < n) || z.nulls != count || z.n != n || any != !!count)
    return testNo("zone", w, count);
  if (snColKind(c) == COL_REAL) return true;
  for (u32 t = 0; t < 6; t++) {
    u64 bits[SN_WORDS], old[SN_WORDS];
    i64 a[2];
    for (u32 i = 0; i < 2; i++) {
      u32 at = testRandom(n);
      a[i] = size == 4 ? ((u32 *)(void *)v)[at] : (i64)v[at];
      if (!testRandom(3)) a[i] = (i64)((u64)a[i] + testRandom(3) - 1);
      if (!testRandom(9)) a[i] = i ? INT64_MAX : INT64_MIN;
    }
    for (u32 i = 0; i < SN_WORDS; i++)
      bits[i] = old[i] = t ? testChance() : ~0ull;
    rc = snColFilter(c, w, a[0], a[1], bits);
    if (rc) return testNo("filter", w, (u64)rc);
    for (u32 i = 0; i < n; i++) {
      i64 x = size == 4 ? ((u32 *)(void *)v)[i] : (i64)v[i];
      bool in = !snBit(nulls, i) && x >= a[0] && x <= a[1] && snBit(old, i);
      if (in != snBit(bits, i)) return testNo("filtered", base + i, k);
    }
  }
  return true;
}

static inline bool testSameGather(const Model *m, u32 k, ColReader *c) {
  u32 docs[300], n = 1 + testRandom(300);
  u64 v[300], nulls[5] = {0};
  size_t size = snColKind(c) == COL_CODE ? 4 : 8;
  for (u32 i = 0; i < n; i++) docs[i] = testRandom(m->n);
  int rc = snColGather(c, docs, n, v, nulls);
  if (rc) return testNo("gather", k, (u64)rc);
  for (u32 i = 0; i < n; i++)
    if (!testSameValue(c, testVal(m, docs[i], k), (u8 *)v + size * i,
            snBit(nulls, i)))
      return testNo("gathered", docs[i], k);
  return true;
}

/* Values that are bytes: arrays, and columns in the rows. */
static inline bool testSameBytes(const Model *m, u32 k, ColReader *c,
    Segment *g, bool shuffled) {
  enum { STEP = 500 };
  u32 docs[STEP];
  DictText *t = malloc(STEP * sizeof *t);
  bool same = true;
  for (u32 at = 0; same && at < m->n; at += STEP) {
    u32 n = SN_MIN(m->n - at, STEP);
    u64 nulls[STEP / 64 + 1] = {0};
    Arena a;
    snArenaInit(&a, NULL);
    for (u32 i = 0; i < n; i++)
      docs[i] = shuffled ? testRandom(m->n) : at + i;
    int rc = snColKind(c) == COL_ROW
        ? snRowGather(g, m->t->col[k].id, docs, n, &a, t, nulls)
        : snColArrays(c, docs, n, &a, t, nulls);
    if (rc) same = testNo("bytes", at, (u64)rc);
    for (u32 i = 0; same && i < n; i++) {
      const Val *v = testVal(m, docs[i], k);
      if (snBit(nulls, i) != v->null) same = testNo("null", docs[i], k);
      else if (!v->null && (t[i].n != v->n || memcmp(t[i].p, v->p, v->n)))
        same = testNo("bytes of", docs[i], k);
    }
    snArenaClear(&a);
    if (shuffled) at += STEP * 4;
  }
  free(t);
  return same;
}

static inline bool testSameColumn(const Model *m, u32 k, Segment *g) {
  ColReader *c;
  const Column *col = m->t->col + k;
  int rc = snColOpen(g, col->id, col->type, &c);
  if (rc) return testNo("open", k, (u64)rc);
  if (snColKind(c) == COL_NONE) {
    for (u32 i = 0; i < m->n; i++)
      if (!testVal(m, i, k)->null) return testNo("no column", i, k);
    return true;
  }
  if (snColKind(c) == COL_ROW || snColIsArray(c))
    return testSameBytes(m, k, c, g, false) &&
        testSameBytes(m, k, c, g, true);
  for (u32 w = 0; w * SN_WINDOW < m->n; w++)
    if (!testSameWindow(m, k, c, w)) return false;
  for (u32 i = 0; i < 5; i++)
    if (!testSameGather(m, k, c)) return false;
  return true;
}

/* ---- lists -------------------------------------------------------------- */

typedef struct Occ { const u8 *p; u32 n, doc, pos, seq; } Occ;
typedef struct Occs { Occ *a; u32 n, cap, doc; } Occs;

static inline void testOccAdd(void *arg, const u8 *p, u32 n, u32 pos) {
  Occs *o = arg;
  if (o->n == o->cap) {
    o->cap = o->cap ? o->cap * 2 : 1024;
    o->a = realloc(o->a, o->cap * sizeof *o->a);
  }
  o->a[o->n] = (Occ){p, n, o->doc, pos, o->n};
  o->n++;
}

static inline int testOccCmp(const void *a, const void *b) {
  const Occ *x = a, *y = b;
  int c = snStrCmp(x->p, x->n, y->p, y->n);
  return c ? c : (x->seq > y->seq) - (x->seq < y->seq);
}

/* All occurrences of words (or values) of a column, sorted. */
static inline void testOccs(const Model *m, u32 k, bool words, Occs *o) {
  bool array = (m->t->col[k].type & TYPE_ARRAY) != 0;
  memset(o, 0, sizeof *o);
  for (u32 i = 0; i < m->n; i++) {
    const Val *v = testVal(m, i, k);
    ArrayIter it;
    ArrayItem x;
    u32 pos = 0;
    if (v->null) continue;
    o->doc = i;
    if (!array && words) (void)testCutWords(v->p, v->n, 0, testOccAdd, o);
    if (!array && !words) testOccAdd(o, v->p, v->n, 0);
    if (!array) continue;
    snArrayOpen(&it, v->p, v->n);
    while (snArrayNext(&it, &x)) {
      if (x.null) continue;
      if (!words) testOccAdd(o, x.p, x.n, 0);
      else pos = testCutWords(x.p, x.n, pos, testOccAdd, o) + 100;
    }
  }
  if (o->n) qsort(o->a, o->n, sizeof *o->a, testOccCmp);
}

/* A term of the model: its documents, and where they begin in a. */
typedef struct List {
  const Occ *a;
  u32 n, df, *first; /* df + 1 places in a */
} List;

static inline u32 testListFind(const List *l, u32 target) {
  u32 i = 0, hi = l->df;
  while (i < hi) {
    u32 mid = (i + hi) / 2;
    if (l->a[l->first[mid]].doc < target) i = mid + 1;
    else hi = mid;
  }
  return i;
}

static inline bool testSameDoc(Postings *p, const List *l, u32 i,
    bool words) {
  const u32 *pos;
  u32 n, from = l->first[i], tf = l->first[i + 1] - from;
  if (p->doc != l->a[from].doc) return testNo("document", i, p->doc);
  if (!words) return snPostFreq(p) == 1 || testNo("freq of key", i, p->doc);
  if (snPostFreq(p) != tf) return testNo("freq", snPostFreq(p), tf);
  if (snPostPositions(p, &pos, &n) || n != tf) return testNo("pos", n, tf);
  for (u32 j = 0; j < n; j++)
    if (pos[j] != l->a[from + j].pos) return testNo("position", j, pos[j]);
  return true;
}

static inline bool testOpenList(Segment *g, u32 column, Dict *d, u32 ord,
    Postings *p, const List *l, bool words) {
  int rc = snPostOpen(g, column, d, ord, p);
  if (rc) return testNo("list", ord, (u64)rc);
  if (p->df != l->df || (words && p->ttf != l->n))
    return testNo("df, ttf", p->df, p->ttf);
  return true;
}

static inline bool testSameNext(Segment *g, u32 column, Dict *d, u32 ord,
    const List *l, bool words) {
  Postings p;
  bool good = testOpenList(g, column, d, ord, &p, l, words);
  for (u32 i = 0; good && i < l->df; i++) {
    (void)snPostNext(&p);
    good = testSameDoc(&p, l, i, words);
  }
  if (good && snPostNext(&p) != DOC_END) good = testNo("end", ord, p.doc);
  if (good && snPostNext(&p) != DOC_END) good = testNo("end", ord, p.doc);
  snPostClose(&p);
  return good;
}

/* Seeks and steps, looking at few documents. */
static inline bool testSameSeek(Segment *g, u32 column, Dict *d, u32 ord,
    const List *l, bool words) {
  Postings p;
  u32 docs = snSegmentDocs(g), at = 0, reach = 1 + testRandom(docs);
  bool good = testOpenList(g, column, d, ord, &p, l, words);
  for (u32 i = 0; good && i < 60; i++) {
    Impact imp[IMPACTS];
    u32 target = at + testRandom(reach), upto, from;
    u32 n = words ? snPostImpacts(&p, target, i % 2, &upto, imp) : 0;
    if (i % 3 == 2 && p.i != UINT32_MAX) {
      from = testListFind(l, p.doc) + (p.doc != DOC_END);
      (void)snPostNext(&p);
    } else {
      from = testListFind(l, target);
      (void)snPostSeek(&p, target);
    }
    if (from >= l->df) {
      good = p.doc == DOC_END || testNo("seek end", target, p.doc);
      break;
    }
    good = testSameDoc(&p, l, from, words);
    u32 tf = l->first[from + 1] - l->first[from];
    bool in = !n || i % 3 == 2 || p.doc > upto;
    for (u32 j = 0; j < n; j++) in |= imp[j].tf == 255 || tf <= imp[j].tf;
    if (good && !in) good = testNo("bound", target, tf);
    at = p.doc + testRandom(2);
    if (!testRandom(4)) reach = 1 + testRandom(testRandom(docs) + 1);
  }
  snPostClose(&p);
  return good;
}

static inline bool testSameFill(Segment *g, u32 column, Dict *d, u32 ord,
    const List *l, bool words) {
  Postings p;
  u32 docs = snSegmentDocs(g), i = 0;
  bool good = testOpenList(g, column, d, ord, &p, l, words);
  for (u32 base = 0; good && base < docs; base += SN_WINDOW) {
    u64 bits[SN_WORDS] = {0}, want[SN_WORDS] = {0};
    if (!testRandom(4)) continue;
    snPostFill(&p, base, base + SN_WINDOW, bits);
    i = testListFind(l, base);
    for (; i < l->df && l->a[l->first[i]].doc < base + SN_WINDOW; i++)
      snBitSet(want, l->a[l->first[i]].doc - base);
    if (memcmp(bits, want, sizeof bits)) good = testNo("fill", ord, base);
    u32 doc = i < l->df ? l->a[l->first[i]].doc : DOC_END;
    if (good && p.doc != doc) good = testNo("filled up to", p.doc, doc);
  }
  snPostClose(&p);
  return good;
}

static inline bool testSameTerm(Segment *g, u32 column, Dict *d, u32 ord,
    const Occ *a, u32 n, bool words) {
  List l = {.a = a, .n = n};
  l.first = malloc((n + 1) * sizeof *l.first);
  for (u32 i = 0; i < n; i++)
    if (!i || a[i].doc != a[i - 1].doc) l.first[l.df++] = i;
  l.first[l.df] = n;
  bool good = testSameNext(g, column, d, ord, &l, words);
  u32 times = n > 1000 ? 8 : 1;
  while (good && times--) good = testSameSeek(g, column, d, ord, &l, words);
  if (good && (n > 100 || !testRandom(20)))
    good = testSameFill(g, column, d, ord, &l, words);
  free(l.first);
  return good;
}

/* Text that is in no dictionary, or is: where is it sought? */
static inline bool testSameSeekText(Dict *d, const Occs *o) {
  u8 text[64];
  const Occ *from = o->a + testRandom(o->n);
  u32 n = SN_MIN(from->n, 60u), ord, got, want = 0;
  bool exact, is = false;
  memcpy(text, from->p, n);
  if (n && testRandom(2)) text[testRandom(n)] ^= (u8)(1 << testRandom(8));
  if (testRandom(2)) n = testRandom(n + 1);
  else text[n++] = (u8)testRandom(256);
  for (u32 i = 0; i < o->n; i++) {
    int c = snStrCmp(o->a[i].p, o->a[i].n, text, n);
    if (c >= 0) {
      is = c == 0;
      break;
    }
    want += i + 1 == o->n ||
        snStrCmp(o->a[i].p, o->a[i].n, o->a[i + 1].p, o->a[i + 1].n);
  }
  if (snDictSeek(d, text, n, &ord, &exact) || ord != want || exact != is)
    return testNo("text sought", ord, want);
  if (snDictFind(d, text, n, &got) || got != (is ? want : DICT_NONE))
    return testNo("text found", got, want);
  return true;
}

static inline bool testSameDict(const Model *m, u32 k, Segment *g, bool words) {
  Occs o;
  Dict *d;
  DictIter it;
  u32 column = m->t->col[k].id, ord = 0, last = UINT32_MAX, with = 0;
  int rc = snDictTerms(g, column, &d);
  testOccs(m, k, words, &o);
  if (rc || (!d && o.n)) return testNo("dictionary", k, (u64)rc);
  if (!d) return true;
  bool good = true;
  snDictIterOpen(&it, d, 0);
  for (u32 i = 0, j; good && i < o.n; i = j, ord++) {
    const Occ *a = o.a + i;
    u32 got;
    for (j = i + 1; j < o.n && !snStrCmp(a->p, a->n, o.a[j].p, o.a[j].n);)
      j++;
    if (!snDictIterNext(&it) || it.ord != ord ||
        snStrCmp(it.text.data, (u32)it.text.n, a->p, a->n))
      good = testNo("term", ord, it.ord);
    if (good && (snDictFind(d, a->p, a->n, &got) || got != ord))
      good = testNo("find", ord, got);
    good = good && testSameTerm(g, column, d, ord, a, j - i, words);
  }
  if (good && (snDictIterNext(&it) || snDictCount(d) != ord))
    good = testNo("terms", snDictCount(d), ord);
  snDictIterClose(&it);
  for (u32 i = 0; good && o.n && i < 40; i++) good = testSameSeekText(d, &o);
  for (u32 i = 0; good && ord && i < 5; i++) {
    u32 from = testRandom(ord);
    snDictIterOpen(&it, d, from);
    if (!snDictIterNext(&it) || it.ord != from)
      good = testNo("iterate from", from, it.ord);
    snDictIterClose(&it);
  }
  u8 *seen = calloc(m->n + 1, 1);
  for (u32 i = 0; i < o.n; i++) seen[o.a[i].doc] = 1;
  for (u32 i = 0; i < m->n; i++) {
    with += seen[i];
    last = i;
  }
  if (good && last != UINT32_MAX && snDictDocs(d) != with)
    good = testNo("documents of a dictionary", snDictDocs(d), with);
  if (good && words && snDictTtf(d) != o.n) good = testNo("ttf", o.n, 0);
  free(seen);
  free(o.a);
  return good;
}

static inline bool testSameRowids(const Model *m, Segment *g) {
  ColReader *c;
  i64 v[SN_WINDOW];
  u64 nulls[SN_WORDS];
  bool any;
  if (snColOpen(g, 0, TYPE_INTEGER, &c)) return testNo("rowids", 0, 0);
  for (u32 i = 0; i < m->n; i++) {
    if (i % SN_WINDOW == 0 && snColWindow(c, i / SN_WINDOW, v, nulls, &any))
      return testNo("rowid window", i, 0);
    if (v[i % SN_WINDOW] != m->rowid[i]) return testNo("rowid", i, 0);
  }
  return true;
}

static inline bool testSame(const Model *m, Segment *g) {
  if (snSegmentDocs(g) != m->n) return testNo("docs", m->n, 0);
  if (!testSameRowids(m, g)) return false;
  for (u32 k = 0; k < m->t->ncol; k++) {
    u8 elem = m->t->col[k].type & 0x3f;
    if (!testSameColumn(m, k, g)) return false;
    if ((elem == TYPE_KEYWORD || elem == TYPE_IP) &&
        !testSameDict(m, k, g, false))
      return testNo("lists of keys of column", k, 0);
    if (elem == TYPE_TEXT && !testSameDict(m, k, g, true))
      return testNo("lists of words of column", k, 0);
  }
  return true;
}

/* A table of every type, scalar and array. */
static inline Table *testTable(bool arrays) {
  static const u8 types[] = {TYPE_BOOLEAN, TYPE_INTEGER, TYPE_REAL,
      TYPE_TEXT, TYPE_KEYWORD, TYPE_TIMESTAMP, TYPE_DATE, TYPE_IP,
      TYPE_GEOPOINT, TYPE_JSON, TYPE_BLOB};
  Table *t = snTableNew(&test_budget, "t", 1);
  for (u32 i = 0; i < SN_COUNT(types) * (arrays ? 2 : 1); i++) {
    char name[16];
    u8 type = types[i % SN_COUNT(types)];
    if (i >= SN_COUNT(types)) type |= TYPE_ARRAY;
    int n = snprintf(name, sizeof name, "c%u", i);
    if (snTableAdd(t, name, (size_t)n, type, false, NULL, NULL)) return NULL;
  }
  return t;
}

/* Styles for each column: what values are like, and how often NULL. */
static inline void testStyles(const Table *t, u32 *styles) {
  for (u32 k = 0; k < t->ncol; k++) {
    styles[k] = testRandom(16);
    if (testRandom(2)) styles[k] |= testRandom(11) << 4;
  }
}

static inline int testDone(void) {
  snBufClear(&test_cut.bytes);
  testOk(test_budget.used == 0, "no memory is left");
  printf("1..%d\n", test_count);
  return test_failed != 0;
}

#endif
