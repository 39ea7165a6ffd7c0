/*
** batch_test: rows as bytes, as they go between threads and into claims.
**   1. round trips: into a memtable and a segment, and into items, of columns
**      of all types; a row at a time
**   2. what is no row: columns out of order, twice, that are not there, of
**      another kind; strings and rows that end beyond the bytes
**   3. every truncation, every byte changed in every bit, bytes by chance
**   4. interrupted; each allocation fails once
** Bytes are read where they end, so that the sanitizers see one too many.
*/
#include "index/model.h"

static Table *batch_table;
static Model batch_model;

static int batchPut(Buf *b, const Model *m, u32 row) {
  int rc = snBatchBegin(b, m->rowid[row]);
  for (u32 k = 0; !rc && k < m->t->ncol; k++) {
    const Val *v = testVal(m, row, k);
    u8 type = m->t->col[k].type;
    Form form = type & TYPE_ARRAY ? FORM_STR : snTypeForm(type);
    if (v->null) continue;
    if (form == FORM_INT) rc = snBatchInt(b, k, v->i);
    else if (form == FORM_REAL) rc = snBatchReal(b, k, v->d);
    else rc = snBatchStr(b, k, v->p, v->n);
  }
  return rc ? rc : snBatchEnd(b);
}

static int batchPutAll(Buf *b, const Model *m) {
  int rc = SEINE_OK;
  for (u32 i = 0; !rc && i < m->n; i++) rc = batchPut(b, m, i);
  return rc;
}

/* Rows of bytes that have nothing behind them: *docs came into a memtable. */
static int batchRead(const Table *t, const u8 *p, size_t n, u32 *docs) {
  Table *table = snTableKeep((Table *)(uintptr_t)t);
  u8 *copy = malloc(n + !n);
  Memtable *m;
  int rc = snMemtableNew(&test_budget, table, &test_env, &m);
  *docs = 0;
  if (n) memcpy(copy, p, n);
  if (!rc) {
    rc = snBatchRows(m, copy, n, NULL);
    *docs = snMemtableDocs(m);
  }
  snMemtableFree(m);
  free(copy);
  snTableDrop(table);
  return rc;
}

/* ... as items: how many rows, and whether all was well. */
static u32 batchItems(const Table *t, const u8 *p, size_t n, bool *bad) {
  ArrayItem row[64];
  u8 *copy = malloc(n + !n);
  Rd r = {copy, copy + n, false};
  i64 rowid;
  u32 rows = 0;
  if (n) memcpy(copy, p, n);
  while (snBatchItems(t, &r, &rowid, row)) rows++;
  *bad = r.bad;
  if (snBatchItems(t, &r, &rowid, row)) rows = UINT32_MAX; /* it is over */
  free(copy);
  return rows;
}

/* ---- 1 ------------------------------------------------------------------ */

static bool batchSameItem(const Column *c, const Val *v, const ArrayItem *x) {
  if (v->null || x->null) return v->null == x->null;
  Form form = c->type & TYPE_ARRAY ? FORM_STR : snTypeForm(c->type);
  if (form == FORM_INT) return x->i == v->i;
  if (form == FORM_REAL) return testSameBits(&x->d, &v->d);
  return x->n == v->n && !memcmp(x->p, v->p, v->n);
}

static bool batchSameItems(const Model *m, const Buf *b) {
  ArrayItem row[64];
  Rd r = {b->data, b->data + b->n, false};
  i64 rowid;
  for (u32 i = 0; i < m->n; i++) {
    if (!snBatchItems(m->t, &r, &rowid, row)) return testNo("no row", i, 0);
    if (rowid != m->rowid[i]) return testNo("rowid", i, (u64)rowid);
    for (u32 k = 0; k < m->t->ncol; k++)
      if (!batchSameItem(m->t->col + k, testVal(m, i, k), row + k))
        return testNo("item", i, k);
  }
  return !snBatchItems(m->t, &r, &rowid, row) && !r.bad;
}

static bool batchSameSegment(const Model *m, const Buf *b) {
  Table *t = batch_table;
  Store *s = testWriter();
  SegmentRef ref;
  Segment *g = NULL;
  Memtable *mem;
  int rc = snMemtableNew(&test_budget, t, &test_env, &mem);
  if (!rc) rc = snBatchRows(mem, b->data, b->n, NULL);
  if (!rc) rc = snMemtableFlush(mem, s, 5, &ref);
  if (!rc) rc = snSegmentOpen(s, &ref, NULL, 0, &g);
  bool good = !rc ? testSame(m, g) && testCheck(g, t)
                  : testNo("rc", (u64)rc, 0);
  snSegmentDrop(g);
  snMemtableFree(mem);
  testClose(s);
  return good;
}

static void batchTrips(void) {
  u32 styles[64];
  bool items = true, segment = true;
  for (u32 i = 0; items && segment && i < 6; i++) {
    Buf b;
    Model m;
    snBufInit(&b, NULL);
    testStyles(batch_table, styles);
    testModelInit(&m, batch_table);
    testFillRows(&m, i < 5 ? 1 + testRandom(60) : 900, styles);
    items = !batchPutAll(&b, &m) && batchSameItems(&m, &b);
    segment = batchSameSegment(&m, &b);
    testModelClear(&m);
    snBufClear(&b);
  }
  testOk(items, "rows come back as items");
  testOk(segment, "rows come back as a segment");
}

/* The largest and smallest rowids, and rows without a value. */
static void batchEdges(void) {
  static const i64 ids[] = {0, -1, 1, INT64_MIN, INT64_MAX, 0};
  u32 docs;
  bool bad;
  Buf b;
  snBufInit(&b, NULL);
  for (u32 i = 0; i < SN_COUNT(ids); i++) {
    (void)snBatchBegin(&b, ids[i]);
    (void)snBatchEnd(&b);
  }
  testOk(!batchRead(batch_table, b.data, b.n, &docs) && docs == 6,
      "rows of nothing but rowids");
  testOk(batchItems(batch_table, b.data, b.n, &bad) == 6 && !bad,
      "... as items");
  testOk(!batchRead(batch_table, b.data, 0, &docs) && !docs, "no rows");
  testOk(!batchItems(batch_table, b.data, 0, &bad) && !bad, "no items");
  snBufClear(&b);
}

/* ---- 2 ------------------------------------------------------------------ */

/* A row of two columns that is as good as `tag` makes it. */
typedef struct BatchForged {
  const char *name;
  u32 tag[3];
  bool good;
} BatchForged;

enum { BT_INT, BT_REAL, BT_STR, BT_ARRAY }; /* columns of batchSmall() */
#define BT_END UINT32_MAX
#define BT_TAG(col, kind) ((u32)(col) << 2 | (kind))

static Table *batchSmall(void) {
  Table *t = snTableNew(&test_budget, "t", 1);
  (void)snTableAdd(t, "i", 1, TYPE_INTEGER, false, NULL, NULL);
  (void)snTableAdd(t, "r", 1, TYPE_REAL, false, NULL, NULL);
  (void)snTableAdd(t, "s", 1, TYPE_TEXT, false, "standard", NULL);
  (void)snTableAdd(t, "a", 1, TYPE_INTEGER | TYPE_ARRAY, false, NULL, NULL);
  return t;
}

/* One value of each tag, of 8 bytes or of a string of four. */
static void batchForge(Buf *b, const u32 *tag, u32 n) {
  snBufU64(b, 7);
  for (u32 i = 0; i < n; i++) {
    snBufU32(b, tag[i]);
    if (tag[i] == BT_END) return;
    if ((tag[i] & 3) >= BT_STR) {
      snBufU32(b, 4);
      snBufAdd(b, "word", 4);
    } else {
      snBufU64(b, 1);
    }
  }
}

static void batchOrders(Table *t) {
  static const BatchForged forged[] = {
    {"a number and a text", {BT_TAG(0, 0), BT_TAG(2, 2), BT_END}, true},
    {"columns that go back", {BT_TAG(2, 2), BT_TAG(0, 0), BT_END}, false},
    {"a column twice", {BT_TAG(0, 0), BT_TAG(0, 0), BT_END}, false},
    {"a column behind the last", {BT_TAG(4, 0), BT_END}, false},
    {"a column far behind", {BT_TAG(0x3ffffffeu, 0), BT_END}, false},
    {"an integer as a string", {BT_TAG(0, 2), BT_END}, false},
    {"an integer as a real", {BT_TAG(0, 1), BT_END}, false},
    {"a real as an integer", {BT_TAG(1, 0), BT_END}, false},
    {"a text as an integer", {BT_TAG(2, 0), BT_END}, false},
    {"an array as an integer", {BT_TAG(3, 0), BT_END}, false},
    {"a kind that there is not", {BT_TAG(2, 3), BT_END}, false},
    {"a row without an end", {BT_TAG(0, 0), BT_TAG(1, 1), BT_TAG(2, 2)},
        false},
  };
  for (u32 i = 0; i < SN_COUNT(forged); i++) {
    const BatchForged *f = forged + i;
    u32 docs;
    bool bad;
    Buf b;
    snBufInit(&b, NULL);
    batchForge(&b, f->tag, 3);
    int rc = batchRead(t, b.data, b.n, &docs);
    u32 rows = batchItems(t, b.data, b.n, &bad);
    testOk(rc == (f->good ? SEINE_OK : SEINE_CORRUPT) && docs == f->good &&
        rows == f->good && bad == !f->good, f->name);
    snBufClear(&b);
  }
}

/* A string of that many bytes, of which there are four. */
static bool batchLength(Table *t, u32 n) {
  static const u32 tag[] = {BT_TAG(2, 2), BT_END};
  u32 docs;
  bool bad;
  Buf b;
  snBufInit(&b, NULL);
  batchForge(&b, tag, 2);
  snPut32(b.data + 12, n);
  int rc = batchRead(t, b.data, b.n, &docs);
  u32 rows = batchItems(t, b.data, b.n, &bad);
  snBufClear(&b);
  bool good = n == 4;
  return rc == (good ? SEINE_OK : SEINE_CORRUPT) && rows == good &&
      bad == !good;
}

static void batchLengths(Table *t) {
  static const u32 n[] = {0, 3, 4, 5, 7, 8, 9, 100, INT32_MAX, UINT32_MAX - 8,
      UINT32_MAX};
  bool good = true;
  for (u32 i = 0; good && i < SN_COUNT(n); i++)
    good = batchLength(t, n[i]) || testNo("length", n[i], 0);
  testOk(good, "a string of another length than it has");
}

/* An array is bytes to who reads items: a memtable finds it damaged. */
static void batchArray(Table *t) {
  static const u32 tag[] = {BT_TAG(3, 2), BT_END};
  u32 docs;
  Buf b;
  snBufInit(&b, NULL);
  batchForge(&b, tag, 2);
  testOk(batchRead(t, b.data, b.n, &docs) == SEINE_CORRUPT && !docs,
      "an array that is none");
  snBufClear(&b);
}

/* The rows before one that is none stay. */
static void batchBefore(Table *t) {
  static const u32 good[] = {BT_TAG(0, 0), BT_END}, bad[] = {BT_TAG(9, 0)};
  u32 docs;
  Buf b;
  snBufInit(&b, NULL);
  batchForge(&b, good, 2);
  batchForge(&b, good, 2);
  batchForge(&b, bad, 1);
  testOk(batchRead(t, b.data, b.n, &docs) == SEINE_CORRUPT && docs == 2,
      "rows before one that is none");
  snBufClear(&b);
}

/* ---- 3 ------------------------------------------------------------------ */

/* Read both ways; false: an answer that may not be. */
static bool batchHostile(const u8 *p, size_t n, u32 *whole) {
  u32 docs;
  bool bad;
  int rc = batchRead(batch_table, p, n, &docs);
  u32 rows = batchItems(batch_table, p, n, &bad);
  *whole += !rc;
  /* Arrays, which items do not look into, may be what is wrong. */
  if (rc == SEINE_OK) return !bad && rows == docs;
  return (rc == SEINE_CORRUPT || rc == SEINE_TOOBIG) && rows >= docs;
}

static void batchTruncated(const Buf *b) {
  bool good = true;
  u32 whole = 0;
  for (size_t n = 0; good && n < b->n; n++)
    good = batchHostile(b->data, n, &whole) || testNo("truncated", n, b->n);
  testOk(good && whole == batch_model.n, "every truncation");
}

static void batchFlipped(Buf *b) {
  bool good = true;
  u32 whole = 0;
  for (size_t at = 0; good && at < b->n; at++) {
    u8 was = b->data[at];
    for (u32 bit = 0; good && bit < 9; bit++) {
      b->data[at] = bit < 8 ? (u8)(was ^ 1u << bit) : (u8)~was;
      good = batchHostile(b->data, b->n, &whole) || testNo("flipped", at, bit);
    }
    b->data[at] = was;
  }
  printf("# %u of %zu are rows\n", whole, b->n * 9);
  testOk(good && whole > b->n, "every byte changed");
}

static void batchShuffled(const Buf *b) {
  u8 *p = malloc(b->n);
  bool good = true;
  u32 whole = 0;
  for (u32 i = 0; good && i < 3000; i++) {
    memcpy(p, b->data, b->n);
    for (u32 k = 1 + testRandom(4); k; k--) {
      u32 n = 1 + testRandom(12), to = testRandom((u32)b->n - n);
      u32 from = testRandom((u32)b->n - n);
      if (testRandom(3)) memmove(p + to, p + from, n);
      else memset(p + to, testRandom(2) ? 0xff : 0, n);
    }
    good = batchHostile(p, testRandom((u32)b->n) + 1, &whole);
  }
  testOk(good, "bytes moved about");
  for (u32 i = 0; good && i < 3000; i++) {
    u32 n = testRandom(100);
    for (u32 k = 0; k < n; k++) p[k] = (u8)testRandom(i % 2 ? 256 : 12);
    good = batchHostile(p, n, &whole);
  }
  testOk(good, "bytes by chance");
  free(p);
}

/* ---- 4 ------------------------------------------------------------------ */

static void batchStop(const Buf *b) {
  bool stop = true;
  Memtable *m;
  int rc = snMemtableNew(&test_budget, batch_table, &test_env, &m);
  if (!rc) rc = snBatchRows(m, b->data, b->n, &stop);
  testOk(rc == SEINE_INTERRUPT && !snMemtableDocs(m), "interrupted");
  snMemtableFree(m);
}

/* What was written is as it was, and can be written to once more. */
static bool batchShort(u32 row) {
  int rc = SEINE_NOMEM;
  Buf b;
  snBufInit(&b, &test_budget);
  for (i64 n = 1; rc == SEINE_NOMEM && n < 100; n++) {
    snBufClear(&b);
    snFaultMem(n, false);
    rc = batchPut(&b, &batch_model, row);
    snFaultMem(0, false);
  }
  u32 docs = 0;
  if (!rc) rc = batchRead(batch_table, b.data, b.n, &docs);
  snBufClear(&b);
  return !rc && docs == 1;
}

static void batchMemory(const Buf *b) {
  bool good = true;
  int rc = SEINE_NOMEM;
  u32 docs = 0, failed = 0;
  for (u32 i = 0; good && i < batch_model.n; i++) good = batchShort(i);
  testOk(good, "each allocation of a row that is written fails");
  for (i64 n = 1; rc == SEINE_NOMEM && n < 5000; n++) {
    snFaultMem(n, false);
    rc = batchRead(batch_table, b->data, b->n, &docs);
    snFaultMem(0, false);
    failed += rc == SEINE_NOMEM;
  }
  testOk(!rc && docs == batch_model.n && failed > 20,
      "each allocation of rows that are read fails");
}

int main(int argc, char **argv) {
  u32 styles[64];
  Buf b;
  testSeed(argc, argv);
  batch_table = testTable(true);
  batchTrips();
  batchEdges();
  Table *small = batchSmall();
  batchOrders(small);
  batchLengths(small);
  batchArray(small);
  batchBefore(small);
  snTableDrop(small);
  /* A few rows, none of them long. */
  snBufInit(&b, NULL);
  testStyles(batch_table, styles);
  testModelInit(&batch_model, batch_table);
  do {
    testModelClear(&batch_model);
    testModelInit(&batch_model, batch_table);
    testFillRows(&batch_model, 4, styles);
    b.n = 0;
    (void)batchPutAll(&b, &batch_model);
  } while (b.n > 6000);
  batchTruncated(&b);
  batchFlipped(&b);
  batchShuffled(&b);
  batchStop(&b);
  batchMemory(&b);
  testModelClear(&batch_model);
  snBufClear(&b);
  snTableDrop(batch_table);
  return testDone();
}
