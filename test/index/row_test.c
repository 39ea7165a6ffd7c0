/*
** row_test: the row store, written by RowWriter and read back.
**   1. values of every size about the limit of a block, NULL and empty, in
**      columns of ids far apart, gathered in every order
**   2. what is asked wrongly: another column, a document too many
**   3. blocks: their number and first documents, by the directory
**   4. rows that were packed, taken over between others
**   5. forged sections: refused, or found damaged when they are read or taken
**      over; never a byte from outside
**   6. each allocation and each read fails, once and from then on
** 1 to 4 as rows that come in are packed, and as a merge packs.
*/
#include "index/part.h"
#include "store/probe.h"

#define ROWT_COLS 3u
static const u32 row_ids[ROWT_COLS] = {2, 7, 4000000000u};
static bool row_tight;
static u32 row_block, row_cycle = UINT32_MAX; /* documents are alike then */
typedef u32 (*RowLen)(u32 doc, u32 col); /* length of a value + 1, 0 NULL */

/* The byte of a value at a place: no two values are alike. */
static u8 rowByte(u32 doc, u32 col, u32 at) {
  doc %= row_cycle;
  return (u8)((doc * 31 + col * 7 + at * (at % 5 + 1)) * 2654435761u >> 24);
}

static u32 rowNone(u32 d, u32 c) { return (void)d, (void)c, 0; }
static u32 rowEmpty(u32 d, u32 c) { return (void)d, (void)c, 1; }
static u32 rowSmall(u32 d, u32 c) { return (d * 5 + c) * 2654435761u >> 27; }
static u32 rowMixed(u32 d, u32 c) {
  static const u32 n[] = {0, 1, 2, 127, 128, 129, 300, 0, 16000, 1};
  return n[(d * 3 + c * 5 + d / 10) % SN_COUNT(n)];
}
static u32 rowLarge(u32 d, u32 c) {
  return c == d % 3 ? 100000 + d * 1000 : c == 1;
}
/* Rows of exactly a block, of one byte less, of one more: two values are
** one byte each, the third has a length of three bytes before it. */
static u32 rowExact(u32 d, u32 c) {
  return c == 1 ? row_block - 5 + 1 + d % 3 - 1 : c == 0;
}

static u32 rowThousand(u32 d, u32 c) {
  return c == 1 ? 1000 - d % row_cycle % 3 : 1;
}

static void rowAdd(RowWriter *w, u32 docs, RowLen len) {
  u8 *v = malloc(300000);
  for (u32 d = 0; d < docs; d++) {
    for (u32 c = 0; c < ROWT_COLS; c++) {
      u32 n = len(d, c);
      for (u32 i = 0; i + 1 < n; i++) v[i] = rowByte(d, c, i);
      snRowWriteAdd(w, v, n ? n - 1 : 0, n == 0);
    }
    snRowWriteNext(w);
  }
  free(v);
}

static void rowBegin(Part *p, RowWriter *w) {
  partInit(p);
  snRowWriteBegin(w, &p->w, &test_budget, row_ids, ROWT_COLS, row_tight);
}

static bool rowWrite(Part *p, u32 docs, RowLen len) {
  RowWriter w;
  rowBegin(p, &w);
  rowAdd(&w, docs, len);
  p->rc = snRowWriteEnd(&w);
  return partOpen(p, docs);
}

static bool rowSame(const DictText *t, bool null, u32 d, u32 c, RowLen len) {
  u32 n = len(d, c);
  if (null != (n == 0)) return testNo("null", d, c);
  if (!n) return true;
  if (t->n != n - 1) return testNo("length", t->n, n - 1);
  for (u32 i = 0; i < t->n; i++)
    if (t->p[i] != rowByte(d, c, i)) return testNo("byte", d, i);
  return true;
}

static bool rowGather(Segment *g, const u32 *docs, u32 n, RowLen len) {
  DictText out[1000];
  bool good = true;
  for (u32 c = 0; good && c < ROWT_COLS; c++) {
    Arena a;
    u64 nulls[16] = {0};
    snArenaInit(&a, &test_budget);
    int rc = snRowGather(g, row_ids[c], docs, n, &a, out, nulls);
    good = !rc || testNo("rc", (u64)rc, c);
    for (u32 i = 0; good && i < n; i++)
      good = rowSame(out + i, snBit(nulls, i), docs[i], c, len);
    snArenaClear(&a);
  }
  return good;
}

static bool rowOrders(Segment *g, u32 docs, RowLen len) {
  u32 list[1000] = {0}, n = SN_MIN(docs, 1000u);
  bool large = docs < 20;
  for (u32 i = 0; i < n; i++) list[i] = i;
  bool good = rowGather(g, list, n, len);
  for (u32 i = 0; i < n; i++) list[i] = docs - 1 - i;
  good = good && rowGather(g, list, large ? n : SN_MIN(n, 100u), len);
  n = large ? 8 : 60;
  for (u32 i = 0; i < n; i++)
    list[i] = i && !testRandom(3) ? list[i - 1] : testRandom(docs);
  good = good && rowGather(g, list, n, len);
  for (u32 i = 0; good && i < 5; i++) {
    list[0] = i ? testRandom(docs) : docs - 1;
    good = rowGather(g, list, 1, len);
  }
  return good && rowGather(g, list, 0, len);
}

/* The blocks as the format says: one ends with the row that fills it; those
** behind the first megabyte make the dictionary, if there are enough. */
static bool rowBlocks(Segment *g, u32 docs, RowLen len) {
  const Section *s = snSegmentFind(g, SEC_ROWS, 0);
  const u8 *p, *dir;
  if (snSegmentGet(g, s, 0, s->len, &p)) return testNo("section", 0, 0);
  const u8 *head = p + s->len - ROW_HEAD;
  u32 blocks = snGet32(head + 4), dicts = snGet32(head + 12);
  dir = head - 4 * (ROWT_COLS + dicts) - blocks * ROW_ENTRY;
  u32 raw = 0, nb = 0, first = 0;
  u64 total = 0, dict = 0;
  for (u32 d = 0; d < docs; d++) {
    for (u32 c = 0; c < ROWT_COLS; c++) {
      u32 n = len(d, c); /* written as a varint: 7 bits per byte */
      raw += (n < 1u << 7 ? 1 : n < 1u << 14 ? 2 : 3) + (n ? n - 1 : 0);
    }
    if (raw < row_block && d + 1 < docs) continue;
    const u8 *e = dir + nb * ROW_ENTRY;
    if (snGet32(e) != first || snGet32(e + 4) != raw)
      return testNo("block", snGet32(e), snGet32(e + 4));
    first = d + 1;
    total += raw;
    if (total >= 1u << 20) dict += raw;
    raw = 0;
    nb++;
  }
  if (dicts != (dict >= 65536)) return testNo("dictionary", dict, total);
  return blocks == nb || testNo("blocks", nb, blocks);
}

static bool rowWrong(Segment *g, u32 docs) {
  static const u32 none[] = {0, 1, 3, 6, 8, 3999999999u, UINT32_MAX};
  DictText out[2];
  u64 nulls[1] = {0};
  Arena a;
  bool has, good = true;
  u32 list[2] = {0, docs};
  const Section *s = snSegmentFind(g, SEC_ROWS, 0);
  snArenaInit(&a, &test_budget);
  for (u32 i = 0; i < SN_COUNT(none); i++)
    good = good && !snRowHas(g, s, none[i], &has) && !has &&
        snRowGather(g, none[i], list, 1, &a, out, nulls) == SEINE_CORRUPT;
  for (u32 i = 0; i < ROWT_COLS; i++)
    good = good && !snRowHas(g, s, row_ids[i], &has) && has;
  good = good && snRowGather(g, 7, list, 2, &a, out, nulls) == SEINE_CORRUPT;
  list[1] = UINT32_MAX;
  good = good && snRowGather(g, 7, list, 2, &a, out, nulls) == SEINE_CORRUPT;
  ColReader *c = NULL; /* the column reader knows of the row store */
  good = good && !snColOpen(g, 7, TYPE_BLOB, &c) && snColKind(c) == COL_ROW;
  good = good && !snColOpen(g, 6, TYPE_BLOB, &c) && snColKind(c) == COL_NONE;
  snArenaClear(&a);
  return good;
}

static const struct { const char *name; u32 docs; RowLen len; } row_cases[] = {
  {"one row of NULL", 1, rowNone}, {"one row of empty values", 1, rowEmpty},
  {"20,000 rows of NULL", 20000, rowNone},
  {"20,000 rows of empty values", 20000, rowEmpty},
  {"short values", 9000, rowSmall}, {"all kinds of sizes", 900, rowMixed},
  {"values larger than a block", 12, rowLarge},
  {"rows of just a block, one byte less and more", 30, rowExact},
  {"just not enough for a dictionary", 1096, rowThousand},
  {"just enough for a dictionary", 1120, rowThousand},
  {"rows with a dictionary", 2000, rowThousand},
};

static void rowCases(void) {
  for (u32 i = 0; i < SN_COUNT(row_cases); i++) {
    Part p;
    u32 docs = row_cases[i].docs;
    bool good = rowWrite(&p, docs, row_cases[i].len) &&
        rowOrders(p.g, docs, row_cases[i].len) && rowWrong(p.g, docs) &&
        rowBlocks(p.g, docs, row_cases[i].len);
    char name[80];
    snprintf(name, sizeof name, "%s%s", row_cases[i].name,
        row_tight ? ", tight" : "");
    testOk(good, name);
    partClose(&p);
  }
}

/* 2,000 rows of its own, with a dictionary; those of another segment; its own
** again; the same others once more; and a few behind. */
static bool rowCopy(void) {
  Part from, p;
  RowWriter w;
  u32 docs = 4 * row_cycle + 50, list[1000];
  bool good = rowWrite(&from, row_cycle, rowThousand);
  const Section *s = good ? snSegmentFind(from.g, SEC_ROWS, 0) : NULL;
  good = good && snRowCopies(from.g, s, row_ids, ROWT_COLS) &&
      !snRowCopies(from.g, s, row_ids, ROWT_COLS - 1) &&
      !snRowCopies(from.g, s, row_ids + 1, ROWT_COLS - 1);
  rowBegin(&p, &w);
  for (u32 i = 0; good && i < 2; i++) {
    rowAdd(&w, row_cycle, rowThousand);
    good = !snRowCopy(from.g, s, &w, NULL, NULL);
  }
  rowAdd(&w, 50, rowThousand);
  p.rc = snRowWriteEnd(&w);
  good = good && partOpen(&p, docs);
  for (u32 at = 0; good && at < docs; at += 1000) {
    u32 n = SN_MIN(1000, docs - at);
    for (u32 i = 0; i < n; i++) list[i] = at + i;
    good = rowGather(p.g, list, n, rowThousand);
  }
  good = good && rowOrders(p.g, docs, rowThousand);
  partClose(&p);
  partClose(&from);
  return good;
}

/* Values that occur again beyond 16 KiB: tight blocks know of them. */
static bool rowSmaller(void) {
  u64 size[2];
  for (u32 i = 0; i < 2; i++) {
    Part p;
    row_tight = i;
    if (!rowWrite(&p, 9000, rowSmall)) return false;
    size[i] = snSegmentFind(p.g, SEC_ROWS, 0)->len;
    partClose(&p);
  }
  return size[1] < size[0] || testNo("bytes", size[0], size[1]);
}

/* ---- 5 ------------------------------------------------------------------ */

/* Rows are like each other here: what is packed is little more than the
** dictionary.  From the end of the section: head 16, three ids 12, the first
** block of the one part 4; then the entries of the blocks, 16 bytes each. */
#define FORGE_DOCS 1300u
#define LAST       -48 /* the last entry: document, raw bytes, end */

enum { FORGE_OPEN = 1, FORGE_READ = 2, FORGE_TAKE = 4, FORGE_OTHER = 8 };

static const struct {
  i32 at;       /* from the end of the section */
  u32 bytes;
  u64 value;
  u32 refused;  /* when it is opened, read, taken over; or is no match */
  const char *name;
} row_forges[] = {
  {-1, 0, 0, 0, "nothing is forged"},
  {-16, 4, 0xffffffff, FORGE_OPEN, "columns without end"},
  {-16, 4, 2, FORGE_OPEN | FORGE_READ | FORGE_TAKE, "a column less"},
  {-12, 4, 0, FORGE_OPEN, "no block"},
  {-12, 4, 0xffffffff, FORGE_OPEN, "blocks without end"},
  {-8, 4, FORGE_DOCS - 1, FORGE_OPEN, "a document less"},
  {-4, 4, 0xffffffff, FORGE_OPEN, "dictionaries without end"},
  {-4, 4, 40, FORGE_OPEN, "more dictionaries than there is room for"},
  {-28, 4, 5, FORGE_READ | FORGE_OTHER, "another column"},
  {-32, 4, 0xffffffff, FORGE_READ | FORGE_TAKE, "a part behind all blocks"},
  {-32, 4, 0, 0, "a part of blocks that were packed without"},
  {LAST, 4, 0xffffffff, FORGE_READ | FORGE_TAKE, "a block of no document"},
  {LAST + 4, 4, 5, FORGE_READ, "fewer bytes than are packed"},
  {LAST + 4, 4, 0x7fffffff, FORGE_READ | FORGE_TAKE,
    "more than can have been packed"},
  {LAST + 4, 4, 0x80000000, FORGE_READ | FORGE_TAKE, "more than an int"},
  {LAST + 8, 8, 0, FORGE_READ | FORGE_TAKE, "a block that ends early"},
  {LAST + 8, 8, 1ull << 62, FORGE_READ | FORGE_TAKE, "one that ends outside"},
};

/* What refuses the rows of a segment, as bits. */
static u32 forgeRefused(Segment *g, u32 docs) {
  const Section *s = snSegmentFind(g, SEC_ROWS, 0);
  DictText out[1];
  RowReader r;
  RowWriter w;
  Part to;
  u32 bits = snRowOpen(g, s, &r) ? FORGE_OPEN : 0;
  for (u32 d = 0; d < docs; d++) {
    u64 nulls[1] = {0};
    Arena a;
    u32 doc = d < docs / 2 ? d : testRandom(docs);
    if (d + 1 == docs) doc = d;
    snArenaInit(&a, &test_budget);
    int rc = snRowGather(g, row_ids[d % 3], &doc, 1, &a, out, nulls);
    if (rc && rc != SEINE_CORRUPT) testNo("rc", (u64)rc, d);
    if (rc) bits |= FORGE_READ;
    snArenaClear(&a);
  }
  rowBegin(&to, &w);
  int rc = snRowCopy(g, s, &w, NULL, NULL);
  if (rc && rc != SEINE_CORRUPT) testNo("rc", (u64)rc, 0);
  if (rc) bits |= FORGE_TAKE;
  snRowWriteFree(&w);
  snSegWriteAbort(&to.w);
  partClose(&to);
  if (!(bits & FORGE_OPEN) && !snRowCopies(g, s, row_ids, ROWT_COLS))
    bits |= FORGE_OTHER;
  return bits;
}

static void rowForges(void) {
  Part p;
  const u8 *all;
  bool good = rowWrite(&p, FORGE_DOCS, rowThousand);
  const Section *s = good ? snSegmentFind(p.g, SEC_ROWS, 0) : NULL;
  u64 n = good ? snExtentLen(p.g->extent) : 0;
  u8 *copy = malloc(n + 1);
  good = good && !snExtentGet(p.g->extent, 0, n, &all);
  for (u32 i = 0; good && i < SN_COUNT(row_forges); i++) {
    SegmentRef ref = {.id = 1, .docs = FORGE_DOCS};
    Segment *g = NULL;
    u8 le[8];
    memcpy(copy, all, n);
    snPut64(le, row_forges[i].value);
    memcpy(copy + s->at + s->len + row_forges[i].at, le, row_forges[i].bytes);
    u32 want = row_forges[i].refused, got = 0;
    if (want & FORGE_OPEN) want |= FORGE_READ | FORGE_TAKE;
    bool open = !snWriterPut(p.store, copy, n, 1, &ref.ref)
        && !snSegmentOpen(p.store, &ref, NULL, 0, &g);
    if (open) got = forgeRefused(g, FORGE_DOCS);
    if (got != want) testNo("refused", got, want);
    testOk(open && got == want, row_forges[i].name);
    snSegmentDrop(g);
  }
  free(copy);
  partClose(&p);
}

/* Sections of a few bytes, and none. */
static void rowShort(void) {
  for (u32 n = 0; n < 2 * ROW_HEAD; n += 15) {
    Part p;
    RowReader r;
    partInit(&p);
    snSegWriteBegin(&p.w);
    snBufZero(&p.w.buf, n);
    snSegWriteEnd(&p.w, SEC_ROWS, 0);
    const Section *s = partOpen(&p, 10) ? snSegmentFind(p.g, SEC_ROWS, 0)
                                        : NULL;
    testOk(s && snRowOpen(p.g, s, &r) == SEINE_CORRUPT
        && !snRowCopies(p.g, s, row_ids, ROWT_COLS), "a section of zeros");
    partClose(&p);
  }
  Part p;
  DictText out[1];
  u64 nulls[1];
  u32 doc = 0;
  partInit(&p);
  testOk(partOpen(&p, 10) && snRowGather(p.g, 7, &doc, 1, NULL, out, nulls)
      == SEINE_CORRUPT, "no section at all");
  partClose(&p);
}

/* ---- 6 ------------------------------------------------------------------ */

static SegmentRef fault_ref;
static int fault_left; /* asked so often, until the copy is to stop */

static int faultStop(void *arg) {
  (void)arg;
  return fault_left-- == 0;
}

static int faultTake(Segment *g, const Section *s) {
  RowWriter w;
  SegWriter sw;
  snSegWriteInit(&sw, NULL, &test_budget, 1);
  snRowWriteBegin(&w, &sw, &test_budget, row_ids, ROWT_COLS, false);
  int rc = w.rc ? w.rc : snRowCopy(g, s, &w, faultStop, NULL);
  if (!rc) rc = sw.rc ? sw.rc : sw.buf.rc;
  snRowWriteFree(&w);
  snSegWriteAbort(&sw);
  return rc;
}

static bool fault_takes; /* the rows are taken over first */

static int faultAll(Store *s) {
  Segment *g = NULL;
  Arena a;
  DictText out[2];
  u64 nulls[1];
  u32 docs[] = {1, fault_ref.docs - 1};
  bool has;
  int rc = snSegmentOpen(s, &fault_ref, NULL, 0, &g);
  const Section *sec = rc ? NULL : snSegmentFind(g, SEC_ROWS, 0);
  snArenaInit(&a, &test_budget);
  if (!rc && fault_takes) rc = faultTake(g, sec);
  if (!rc) rc = snRowHas(g, sec, 7, &has);
  if (!rc) rc = snRowGather(g, 7, docs, 2, &a, out, nulls);
  if (!rc && !fault_takes) rc = faultTake(g, sec);
  snArenaClear(&a);
  snSegmentDrop(g);
  return rc;
}

static bool faultSweep(Store *s, bool memory, bool ever) {
  bool hit = true, good = true;
  for (i64 n = 1; good && hit; n++) {
    fault_left = INT32_MAX;
    snFaultMem(memory ? n : 0, ever);
    probeFail(PROBE_READ, memory ? 0 : (u64)n, ever);
    int rc = faultAll(s);
    hit = memory ? snFaultMemCount() >= n : probeHit;
    snFaultMem(0, false);
    probeFail(PROBE_OPEN, 0, false);
    good = rc == (!hit ? SEINE_OK : memory ? SEINE_NOMEM : SEINE_IOERR)
        && !faultAll(s);
    if (!good) testNo("fault", (u64)n, (u64)rc);
  }
  return good;
}

static void faultPad(Part *p, u32 id, u32 n) {
  snSegWriteBegin(&p->w);
  snBufZero(&p->w.buf, n);
  snSegWriteEnd(&p->w, SEC_NORMS, id);
}

/* Rows between two sections: their directory is cut by the end of a chunk,
** and the chunk behind is not that of the table of sections. */
static bool faultRows(Part *p) {
  u32 pad = 8;
  for (u32 i = 0; i < 2; i++) {
    RowWriter w;
    partInit(p);
    faultPad(p, 61, pad);
    snRowWriteBegin(&w, &p->w, &test_budget, row_ids, ROWT_COLS, false);
    rowAdd(&w, fault_ref.docs, rowThousand);
    p->rc = snRowWriteEnd(&w);
    faultPad(p, 62, 2 * 65536);
    if (!partOpen(p, fault_ref.docs)) return false;
    const Section *s = snSegmentFind(p->g, SEC_ROWS, 0);
    pad += 65536 - (u32)((s->at + s->len - 64) % 65536) / 8 * 8;
    if (!i) partClose(p);
  }
  return true;
}

/* They are in a file that is read piece by piece. */
static void rowFaults(void) {
  static const char *const names[] = {"reads fail", "... from then on",
      "allocations fail", "... from then on"};
  char path[48];
  const u8 *all;
  Part p;
  Snapshot *base;
  u32 x = 0;
  snOsUnix()->random(snOsUnix(), &x, sizeof x);
  snprintf(path, sizeof path, "row_test-%08x.tmp", x);
  probeOver(snOsMemory());
  fault_ref = (SegmentRef){.id = 1, .docs = 2000};
  bool good = faultRows(&p);
  u64 n = good ? snExtentLen(p.g->extent) : 0;
  Store *s = testStore(&probeVfs, path, true);
  snWriterSetWalk(s, snCatalogWalk, s);
  good = good && !snExtentGet(p.g->extent, 0, n, &all)
      && !snWriterBegin(s, &base)
      && !snWriterPut(s, all, n, 1, &fault_ref.ref);
  testOk(good, "2,000 rows in a file");
  for (u32 i = 0; good && i < 8; i++) {
    fault_takes = i / 4;
    testOk(faultSweep(s, i / 2 % 2, i % 2), names[i % 4]);
  }
  for (int i = 0; good && i < 2; i++) {
    fault_left = i;
    testOk(faultAll(s) == SEINE_INTERRUPT, "a copy is stopped");
  }
  testClose(s);
  snOsMemory()->remove(snOsMemory(), path);
  partClose(&p);
}

int main(int argc, char **argv) {
  testSeed(argc, argv);
  row_block = 16384;
  rowCases();
  row_tight = true;
  row_block = 32768;
  rowCases();
  testOk(rowSmaller(), "tight is smaller");
  row_cycle = 2000;
  for (u32 i = 0; i < 2; i++) {
    row_tight = i;
    testOk(rowCopy(), row_tight ? "taken over, tight" : "taken over");
  }
  row_cycle = 100;
  row_tight = false;
  rowForges();
  rowShort();
  rowFaults();
  return testDone();
}
