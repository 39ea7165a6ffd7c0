/*
** Extents read in parts.
**   1  lengths around each border, mapped and not, any part of them: what was
**      put, with bytes behind that can be read; outside is an error
**   2  damage: of a chunk, of the table of checksums; what is not touched is
**      not missed
**   3  references that lead elsewhere
**   4  bytes that are in no file
**   5  each allocation and each call fails, once and from then on
*/
#include "store/toy.h"

static Store *extentStore(bool no_map) {
  StoreConfig c = {.vfs = &probeVfs, .path = toyPath, .create = true,
      .no_map = no_map, .message = toyMessage};
  Store *s = NULL;
  if (!snStoreOpen(&c, &s)) snWriterSetWalk(s, toyWalk, NULL);
  return s;
}

/* Files of the memory vfs have no maps. */
static void extentOver(bool no_map) {
  probeBelow->remove(probeBelow, toyPath);
  probeOver(no_map ? snOsMemory() : snOsUnix());
}

/* ---- 1: parts ----------------------------------------------------------- */

static bool partSame(Extent *e, u64 at, u64 n) {
  static u8 want[MIB];
  const u8 *p = NULL;
  u32 slack = 0;
  if (snExtentGet(e, at, n, &p)) return toyNo("get", at, n);
  for (u32 i = 0; i < SN_SLACK; i++) slack += p[n + i];
  toyFill(want, 1, at, n);
  return !memcmp(p, want, n) || toyNo("bytes", at, slack);
}

static bool partRun(u64 len, bool no_map) {
  extentOver(no_map);
  Store *s = toyFresh(NULL);
  Extent *e = NULL;
  const u8 *p;
  bool good = !toyBegin(s) && !toyOver(s, toyPut(s, 0, len));
  snStoreClose(s);
  s = extentStore(no_map);
  good = good && !snExtentOpen(s, toyHeld, &e) && snExtentLen(e) == len;
  for (u64 at = 0; good && at <= len; at += len / 7 + 1)
    for (u64 n = 0; good && n <= len - at; n += len / 5 + 1)
      good = partSame(e, at, n);
  good = good && partSame(e, len, 0) && (!len || partSame(e, len - 1, 1));
  good = good && !snExtentVerify(e) && !snExtentDoubtful(e)
      && partSame(e, 0, len);
  const u64 out[][2] = {{0, len + 1}, {len, 1}, {len + 1, 0}, {1, len},
      {UINT64_MAX, 1}, {1, UINT64_MAX}};
  for (u32 i = 0; good && i < SN_COUNT(out); i++)
    good = snExtentGet(e, out[i][0], out[i][1], &p) == SEINE_CORRUPT && !p
        && strstr(toySaid, "leads outside");
  snExtentDrop(e);
  snExtentDrop(NULL);
  snStoreClose(s);
  return good;
}

static void partGroup(void) {
  static const u64 lens[] = {0, 1, SN_PAGE, STORE_CHUNK - 1, STORE_CHUNK,
      STORE_CHUNK + 1, 3 * STORE_CHUNK, 64 * STORE_CHUNK / 4 - 8};
  for (u32 i = 0; i < 2 * SN_COUNT(lens); i++) {
    char name[60];
    snprintf(name, sizeof name, "%llu bytes%s",
        (unsigned long long)lens[i / 2], i % 2 ? ", not mapped" : "");
    toyOk(partRun(lens[i / 2], i % 2), name);
  }
}

/* ---- 2: damage ---------------------------------------------------------- */

/* Three chunks and a bit; a byte at `at` is changed.  Then the chunks that
** are said are damaged, the others are not; -1: all of them. */
static void damageGroup(void) {
  static const u64 len = 3 * STORE_CHUNK + 100;
  static const struct {
    u64 at;
    int chunk;
    const char *name;
  } table[] = {
    {0, 0, "the first byte"}, {STORE_CHUNK - 1, 0, "the last of a chunk"},
    {STORE_CHUNK, 1, "the first of the next"},
    {3 * STORE_CHUNK + 99, 3, "the last byte"},
    {3 * STORE_CHUNK + 100, -1, "the first checksum"},
    {3 * STORE_CHUNK + 131, -1, "the last one"},
    {3 * STORE_CHUNK + 132, 4, "behind them: nobody asks for it"},
  };
  for (u32 i = 0; i < 2 * SN_COUNT(table); i++) {
    extentOver(i % 2);
    Store *s = toyFresh(NULL);
    Extent *e = NULL;
    File *f = NULL;
    u8 byte = 0;
    bool good = !toyBegin(s) && !toyOver(s, toyPut(s, 0, len));
    u64 at = toyHeld[0].page * SN_PAGE + table[i / 2].at;
    snStoreClose(s);
    good = good && !probeBelow->open(probeBelow, toyPath, 0, &f)
        && !f->ops->read(f, at, &byte, 1);
    byte ^= 16;
    good = good && !f->ops->write(f, at, &byte, 1);
    f->ops->close(f);
    s = extentStore(i % 2);
    good = good && !snExtentOpen(s, toyHeld, &e);
    for (int c = 0; good && c < 4; c++) {
      const u8 *p;
      int bad = table[i / 2].chunk;
      int rc = snExtentGet(e, (u64)c * STORE_CHUNK + 50, 1, &p);
      good = rc == (bad < 0 || bad == c ? SEINE_CORRUPT : SEINE_OK);
    }
    good = good && snExtentVerify(e)
        == (table[i / 2].chunk == 4 ? SEINE_OK : SEINE_CORRUPT);
    toyOk(good, table[i / 2].name);
    snExtentDrop(e);
    snStoreClose(s);
  }
}

/* ---- 3: references ------------------------------------------------------ */

static void referGroup(void) {
  static const u64 lens[] = {5000, 2 * STORE_CHUNK};
  for (u32 i = 0; i < SN_COUNT(lens); i++) {
    Store *s = toyFresh(NULL);
    bool good = !toyBegin(s) && !toyOver(s, toyPut(s, 0, lens[i]));
    const ExtentRef r = toyHeld[0], table[] = {
      {0, r.len, r.seed, r.sum}, {STORE_FIRST - 1, r.len, r.seed, r.sum},
      {STORE_MAX_PAGES + 1, r.len, r.seed, r.sum},
      {UINT64_MAX, r.len, r.seed, r.sum}, {r.page + 1, r.len, r.seed, r.sum},
      {r.page + 1000, r.len, r.seed, r.sum}, {r.page, r.len - 1, r.seed, r.sum},
      {r.page, (u64)1 << 60, r.seed, r.sum},
      {r.page, UINT64_MAX, r.seed, r.sum}, {r.page, r.len, r.seed + 1, r.sum},
      {r.page, r.len, r.seed, r.sum + 1},
    };
    for (u32 k = 0; good && k < SN_COUNT(table); k++) {
      Extent *e = NULL;
      ToyScan t = {r.seed, 0};
      bool fine = true;
      int rc = snExtentOpen(s, table + k, &e);
      if (!rc) rc = snExtentVerify(e);
      snExtentDrop(e);
      good = rc == SEINE_CORRUPT && !snExtentProbe(s, table + k, &fine)
          && !fine
          && snExtentScan(s, table + k, toyPiece, &t) == SEINE_CORRUPT;
      if (!good) toyNo("reference", k, (u64)rc);
    }
    toyOk(good, i ? "references to a large extent" : "to a small one");
    snStoreClose(s);
  }
}

/* ---- 4: memory ---------------------------------------------------------- */

static void memoryGroup(void) {
  Store *s = toyFresh(NULL);
  Budget budget = {0};
  u32 failed = 0;
  bool good = true;
  int rc = SEINE_NOMEM;
  for (i64 n = 1; good && rc; n++) {
    Extent *e = NULL;
    const u8 *p;
    Buf b;
    snBufInit(&b, &budget);
    u8 *to = snBufSpace(&b, 256); /* what it may grow by needs a block anew */
    toyFill(to, 1, 0, 256);
    snFaultMem(n, false);
    rc = snExtentMemory(s, &b, &e);
    snFaultMem(0, false);
    failed += rc != SEINE_OK;
    if (rc) good = rc == SEINE_NOMEM && !e;
    else good = snExtentLen(e) == 256 && partSame(e, 9, 200) && !b.n
        && !snExtentVerify(e) && snExtentGet(e, 0, 257, &p) == SEINE_CORRUPT;
    snExtentDrop(e);
    snBufClear(&b);
  }
  toyOk(good && failed && !budget.used, "bytes in no file");
  snStoreClose(s);
}

/* ---- 5: faults ---------------------------------------------------------- */

static int faultBefore(Store *s) {
  int rc = toyBegin(s);
  if (!rc) rc = toyPut(s, 0, 3 * STORE_CHUNK + 100);
  if (!rc) rc = toyPut(s, 1, 5000);
  return toyOver(s, rc);
}

static int faultRead(bool no_map) {
  Store *s = extentStore(no_map);
  if (!s) return SEINE_IOERR; /* or NOMEM */
  int rc = SEINE_OK;
  for (u32 k = 0; !rc && k < 2; k++) {
    Extent *e = NULL;
    const u8 *p;
    s->size = 0; /* as if the file had grown since */
    rc = snExtentOpen(s, toyHeld + k, &e);
    if (!rc) rc = snExtentGet(e, 4000, 1, &p);
    if (!rc) rc = snExtentVerify(e);
    snExtentDrop(e);
  }
  snStoreClose(s);
  return rc;
}

static int faultMapped(Store *s) { return (void)s, faultRead(false); }
static int faultMoved(Store *s) { return (void)s, faultRead(true); }

int main(void) {
  toyName("extent_test");
  probeOver(snOsMemory());
  partGroup();
  damageGroup();
  referGroup();
  memoryGroup();
  extentOver(false);
  toyFaults(faultBefore, faultMapped, "faults: mapped");
  extentOver(true);
  toyFaults(faultBefore, faultMoved, "faults: not mapped");
  return toyDone();
}
