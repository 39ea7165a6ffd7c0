/*
** What a transaction refuses, and what it comes upon once in a long time.
**   1  what is refused: in no transaction, twice, in a file of a newer format,
**      without a walk, outside of the file, beyond all pages
**   2  syncs that are off, and on again
**   3  no memory for the list of free pages: when something is freed, rolled
**      back, grown for, and on a full device
**   4  pages: the steps of growth, a file that others made longer
**   5  who comes upon a state in doubt, or upon holes, has no memory
**   6  the faults of the protocol that other tests do not come by
**   7  copies of a file that are refused
*/
#include "store/toy.h"

static int writerBase(Store *s) {
  int rc = toyBegin(s);
  return rc ? rc : toyOver(s, toyPut(s, 0, 5000));
}

static Store *writerOpen(void) {
  Store *s = toyFresh(NULL);
  toySaid[0] = 0;
  return s && !writerBase(s) && !writerBase(s) ? s : NULL;
}

static u64 writerTxid(Store *s) {
  Snapshot *n = NULL;
  u64 txid = snSnapshotOpen(s, &n) ? UINT64_MAX : snSnapshotTxid(n);
  snSnapshotDrop(n);
  return toyWhole(s) ? txid : UINT64_MAX;
}

static u64 writerSyncs(Store *s, u64 len) {
  probeFail(PROBE_SYNC, 0, false);
  int rc = toyBegin(s);
  rc = rc ? rc : toyOver(s, toyPut(s, 0, len));
  return rc ? UINT64_MAX : probeSeen;
}

/* ---- 1: refused --------------------------------------------------------- */

static void refuseGroup(void) {
  Store *s = writerOpen();
  Snapshot *base = NULL;
  toyOk(snWriterFree(s, toyHeld) == SEINE_MISUSE, "nothing is freed outside");
  toyOk(!toyBegin(s) && snWriterBegin(s, &base) == SEINE_MISUSE && !base
      && !toyOver(s, toyPut(s, 0, 10)) && writerTxid(s) == 3,
      "one transaction at a time");
  snWriterSetWalk(s, NULL, NULL);
  snStoreClose(s);
  StoreConfig c = {.vfs = &probeVfs, .path = toyPath};
  ExtentRef r;
  toyOk(!snStoreOpen(&c, &s) && !snWriterBegin(s, &base)
      && snWriterPut(s, "x", 1, 1, &r) == SEINE_MISUSE,
      "nobody says what is in use");
  snStoreClose(s);
}

/* The file becomes one of a newer format while it is open. */
static void newerGroup(void) {
  Store *s = toyFresh(NULL), *other = toyOpen(snOsMemory());
  File *f = NULL;
  u8 p[56];
  bool good = s->fresh && !writerBase(other)
      && !snOsMemory()->open(snOsMemory(), toyPath, 0, &f)
      && !f->ops->read(f, 0, p, sizeof p);
  snPut32(p + 16, 2);
  snPut64(p + 48, snHash(p, 48, 0));
  good = good && !f->ops->write(f, 0, p, sizeof p);
  f->ops->close(f);
  toyOk(good && toyBegin(s) == SEINE_READONLY && !snWriterActive(s),
      "a newer format");
  toyOk(toyBegin(s) == SEINE_READONLY
      && strstr(toySaid, "is open for reading only") && writerTxid(s) == 1,
      "... is said from then on, and read");
  snStoreClose(other);
  snStoreClose(s);
}

static void outsideGroup(void) {
  Store *s = writerOpen();
  ExtentRef far = {1u << 30, 100, 1, 1};
  ToyScan t = {1, 0};
  bool good = !toyBegin(s) && !snWriterReady(s);
  u64 used = toyUsed(s);
  probeFail(PROBE_SIZE, 1, false);
  toyOk(good && snWriterFree(s, &far) == SEINE_IOERR && probeHit,
      "the length of the file is not known");
  toyOk(snWriterFree(s, &far) == SEINE_CORRUPT
      && strstr(toySaid, "lies outside the file") && toyUsed(s) == used
      && !toyOver(s, SEINE_OK) && writerTxid(s) == 3,
      "an extent outside of it is not freed");
  probeFail(PROBE_SIZE, 1, false);
  toyOk(snExtentScan(s, &far, toyPiece, &t) == SEINE_IOERR && probeHit
      && snExtentScan(s, &far, toyPiece, &t) == SEINE_CORRUPT, "nor read");
  snStoreClose(s);
}

/* A state that names it: which pages are free is not known. */
static void namedGroup(void) {
  Store *s = writerOpen();
  u32 failed = 0, refused = 0;
  bool good = !toyBegin(s);
  toyHeld[3] = (ExtentRef){1u << 30, 100, 1, 1};
  good = good && !toyCommit(s);
  snStoreClose(s);
  for (u64 n = 1; good && !refused && n < 10; n++) {
    s = toyOpen(&probeVfs);
    good = !toyBegin(s);
    probeFail(PROBE_SIZE, n, false);
    int rc = snWriterReady(s);
    refused += rc == SEINE_CORRUPT;
    failed += rc == SEINE_IOERR && probeHit;
    good = good && (rc == SEINE_CORRUPT || rc == SEINE_IOERR);
    probeFail(PROBE_SIZE, 0, false);
    snStoreClose(s);
  }
  toyOk(good && refused && failed >= 2
      && strstr(toySaid, "lies outside the file"), "a state that names it");
}

/* Of n extents one is freed, and named. */
static bool twinDead(u32 n, u32 key) {
  Store *s = writerOpen();
  ExtentRef dead = {0};
  bool good = !toyBegin(s);
  for (u32 i = 0; good && i < n; i++) good = !toyPut(s, 4 + i, 10);
  good = good && !toyOver(s, SEINE_OK) && !toyBegin(s);
  dead = toyHeld[key];
  good = good && !toyFree(s, key);
  toyHeld[key] = dead;
  good = good && !toyCommit(s);
  snStoreClose(s);
  toySaid[0] = 0;
  s = toyOpen(&probeVfs);
  good = good && !toyBegin(s) && snWriterReady(s) == SEINE_CORRUPT
      && strstr(toySaid, "belongs to two extents");
  snStoreClose(s);
  return good || toyNo("dead and named, of", n, 0);
}

/* One extent may have two names; but not another length, nor be dead. */
static void twinGroup(void) {
  static const struct {
    u64 longer;
    bool dead;
    int rc;
    const char *name;
  } table[] = {
    {0, false, SEINE_OK, "an extent that is named twice"},
    {SN_PAGE, false, SEINE_CORRUPT, "... with two lengths"},
    {0, true, SEINE_CORRUPT, "... and was freed"},
  };
  for (u32 i = 0; i < SN_COUNT(table); i++) {
    Store *s = writerOpen();
    bool good = !toyBegin(s);
    ExtentRef twin = toyHeld[0];
    twin.len += table[i].longer;
    if (table[i].dead) good = good && !snWriterFree(s, toyHeld);
    toyHeld[1] = twin;
    good = good && !toyCommit(s);
    snStoreClose(s);
    toySaid[0] = 0;
    s = toyOpen(&probeVfs);
    good = good && !toyBegin(s) && snWriterReady(s) == table[i].rc;
    if (table[i].rc) good = good && strstr(toySaid, "belongs to two extents");
    else good = good && !toyOver(s, toyPut(s, 2, 10)) && writerTxid(s) == 4;
    toyOk(good, table[i].name);
    snStoreClose(s);
  }
  bool good = true;
  for (u32 n = 3; good && n < TOY_KEYS - 4; n += 3)
    for (u32 k = 1; good && k + 1 < n; k++) good = twinDead(n, 4 + k);
  toyOk(good, "... among others, of which none is beside it");
}

/* The longest extent of at most n pages. */
static u64 longest(u64 n) {
  u64 lo = 0, hi = (u64)1 << 60;
  while (lo < hi) {
    u64 mid = lo + (hi - lo + 1) / 2;
    if (snExtentPages(mid) <= n) lo = mid;
    else hi = mid - 1;
  }
  return lo;
}

static void largeGroup(void) {
  static const u64 pages[] = {STORE_MAX_PAGES + 1, STORE_MAX_PAGES,
      STORE_MAX_PAGES - 4096, (u64)1 << 50};
  Store *s = writerOpen();
  SpaceMap *m = &s->space;
  ExtentRef r;
  bool good = !toyBegin(s) && !snWriterReady(s);
  u64 used = toyUsed(s), size = s->size;
  for (u32 i = 0; good && i < SN_COUNT(pages); i++)
    good = snWriterPut(s, "", longest(pages[i]), 1, &r) == SEINE_FULL
        && !r.page && strstr(toySaid, "would become too large");
  toyOk(good && toyUsed(s) == used && s->size == size && !s->w.ripe,
      "more pages than there can be: the device is not full for that");
  u32 kept = m->ngrave;
  m->ngrave = UINT32_MAX / SNAPSHOT_GRAVE;
  int rc = toyCommit(s);
  m->ngrave = kept;
  toyOk(rc == SEINE_FULL && toyUsed(s) == used && !toyOver(s, SEINE_OK)
      && writerTxid(s) == 3, "a graveyard that no root can list");
  snStoreClose(s);
}

/* ---- 2: syncs ----------------------------------------------------------- */

static int syncStream(Store *s) {
  Stream *t = NULL;
  int rc = toyBegin(s);
  if (!rc) rc = toyFree(s, 0);
  if (!rc) rc = snStreamBegin(s, 1, 0, &t);
  if (!rc) rc = toyAdd(t, 1, 0, 3 * MIB, MIB);
  if (!rc) rc = snStreamEnd(t, toyHeld);
  return toyOver(s, rc);
}

/* What is written beside transactions; *syncs: by the end of the stream. */
static int syncAside(Store *s, u64 *syncs) {
  Snapshot *kept = NULL;
  Stream *t = NULL;
  ExtentRef r;
  Reserve room;
  int rc = snSnapshotOpen(s, &kept);
  if (!rc) rc = toyBegin(s);
  if (!rc) rc = toyOver(s, snReserve(s, 2 * MIB, &room));
  if (!rc) rc = snReserveStream(s, &room, 1, &t);
  if (!rc) rc = toyAdd(t, 1, 0, 2 * MIB, MIB);
  probeFail(PROBE_SYNC, 0, false);
  if (!rc) rc = snStreamEnd(t, &r);
  *syncs = probeSeen;
  if (!rc) rc = toyBegin(s);
  if (!rc) rc = toyFree(s, 0);
  if (!rc) rc = snReserveTake(s, &r);
  toyHeld[0] = r;
  rc = toyOver(s, rc);
  snSnapshotDrop(kept);
  return rc;
}

static void syncGroup(void) {
  Store *s = writerOpen();
  u64 aside = 9, before = 9;
  toyOk(!syncAside(s, &before) && before == 1 && writerSyncs(s, 9) == 1
      && writerSyncs(s, 300000) == 2, "syncs are on");
  snStoreSetSyncOff(s, true);
  probeFail(PROBE_SYNC, 0, false);
  toyOk(!syncStream(s) && !probeSeen && !syncAside(s, &aside) && !aside
      && !writerSyncs(s, 10) && toyWhole(s), "off: there are none");
  snStoreSetSyncOff(s, false);
  toyOk(writerSyncs(s, 20) == 2 && writerSyncs(s, 30) == 1,
      "on: what was written without them is synced first");
  snStoreSetSyncOff(s, true);
  toyOk(!writerSyncs(s, 40), "off again");
  snStoreSetSyncOff(s, false);
  probeFail(PROBE_SYNC, 1, false);
  bool good = !toyBegin(s) && toyPut(s, 0, 50) == SEINE_IOERR;
  toyOk(good && strstr(toySaid, "writing data failed") && snWriterPoisoned(s)
      && !snWriterUnknown(s), "on: it fails");
  snWriterRollback(s);
  snStoreClose(s);
  s = toyOpen(&probeVfs);
  toyOk(toyWhole(s) && writerSyncs(s, 60) == 1, "another handle writes");
  snStoreClose(s);
}

/* ---- 3: memory for the map ---------------------------------------------- */

#define TIGHT 60u /* extents of a page */

static ExtentRef tightPut[TIGHT];

/* Free runs until their list is full: one of two pages, others of one, none of
** them beside the first extents of the transaction; no page is free at the end
** of the file. */
static bool tightMake(Store *s) {
  SpaceMap *m = &s->space;
  u32 i = 0, k = 7;
  bool good = !toyBegin(s);
  for (; good && (i < TIGHT / 2 || snSpaceUsedEnd(m) < m->end); i++)
    good = i < TIGHT && !snWriterPut(s, "x", 1, 1, tightPut + i);
  good = good && m->nfree == 0 && !snWriterFree(s, tightPut + 4)
      && !snWriterFree(s, tightPut + 5);
  for (; good && m->nfree < m->free_cap; k += 2)
    good = k + 1 < i && !snWriterFree(s, tightPut + k);
  return good;
}

/* Holes are filled, so that the map has no run but these. */
static Store *tightOpen(void) {
  Store *s = writerOpen();
  bool good = s && !snWriterShrink(s);
  for (u32 i = 0; good && i < 3; i++) good = !writerBase(s);
  return good && !snWriterShrink(s) ? s : NULL;
}

static void tightGroup(void) {
  Store *s = tightOpen();
  u64 held = toyPages(s);
  bool good = tightMake(s);
  toyOk(good, "a list of free pages that is full");
  snFaultMem(1, true);
  int rc = snWriterFree(s, tightPut + 1);
  snFaultMem(0, false);
  toyOk(good && rc == SEINE_NOMEM && !snWriterFree(s, tightPut + 1),
      "no memory to free an extent; then there is");
  snWriterRollback(s);
  toyOk(toyPages(s) == held && writerTxid(s) == 5, "... and it is gone");
  good = tightMake(s);
  snFaultMem(1, true);
  snWriterRollback(s);
  snFaultMem(0, false);
  toyOk(good && toyPages(s) == held && writerTxid(s) == 5,
      "no memory to roll back: the map is made anew");
  good = tightMake(s);
  snFaultMem(1, true);
  rc = snWriterPut(s, tightPut, 3 * SN_PAGE, 1, tightPut);
  snFaultMem(0, false);
  snWriterRollback(s);
  toyOk(good && rc == SEINE_NOMEM && toyPages(s) == held
      && writerTxid(s) == 5, "no memory for pages that the file has grown by");
  snStoreClose(s);
}

/* The device is full: what was buried is taken, if there is memory. */
static void tightFull(void) {
  Store *s = tightOpen();
  u64 held = toyPages(s);
  bool good = tightMake(s) && s->space.ngrave > 0;
  static u8 bytes[3 * SN_PAGE];
  ExtentRef r;
  probeRoom = s->size;
  snFaultMem(1, true);
  int rc = snWriterPut(s, bytes, sizeof bytes, 1, &r);
  snFaultMem(0, false);
  toyOk(good && rc == SEINE_NOMEM, "no memory on a full device");
  rc = snWriterPut(s, bytes, sizeof bytes, 1, &r);
  toyOk(rc == SEINE_FULL && strstr(toySaid, "no space on the device"),
      "nor is there room for three pages");
  snWriterRollback(s);
  probeRoom = 0;
  toyOk(toyPages(s) == held && writerTxid(s) == 5, "... and it is whole");
  snStoreClose(s);
}

/* ---- 4: pages ----------------------------------------------------------- */

/* A large file has pages of its end free; when they are taken it grows by 16
** MiB, not by a sixteenth. */
static void stepGroup(void) {
  Vfs *was = probeBelow;
  u64 end = (u64)300 << 8, page;
  File *f = NULL;
  probeBelow = snOsUnix();
  Store *s = toyFresh(NULL);
  bool good = s && !writerBase(s)
      && !probeBelow->open(probeBelow, toyPath, 0, &f)
      && !f->ops->truncate(f, end * SN_PAGE);
  if (f) f->ops->close(f);
  snStoreClose(s);
  s = toyOpen(&probeVfs);
  good = good && s && !toyBegin(s) && !snWriterReady(s)
      && s->space.end == end;
  u64 tail = good ? end - snSpaceUsedEnd(&s->space) : 0;
  good = good && !snSpaceTake(s, &s->space, tail, &page)
      && s->size == end * SN_PAGE && !snSpaceTake(s, &s->space, 1000, &page);
  toyOk(good && s->size == (end + 4096) * SN_PAGE, "a large file grows");
  if (s) s->space.valid = false; /* nobody gives them back */
  snWriterRollback(s);
  toyOk(writerTxid(s) == 1, "... and is whole");
  snStoreClose(s);
  probeBelow->remove(probeBelow, toyPath);
  probeBelow = was;
}

/* Another process has grown the file, and then written nothing. */
static void grownGroup(void) {
  Store *s = tightOpen(), *other = toyOpen(snOsMemory());
  bool good = tightMake(s);
  probeRoom = s->size; /* the root finds a place in front */
  good = good && !toyOver(s, SEINE_OK);
  probeRoom = 0;
  u64 size = s->size;
  static u8 bytes[2 * MIB];
  ExtentRef r;
  good = good && !toyBegin(other)
      && !snWriterPut(other, bytes, sizeof bytes, 1, &r);
  snWriterRollback(other);
  good = good && !toyBegin(s) && snSpaceIs(&s->space, &s->w.pick)
      && s->space.nfree == s->space.free_cap;
  snFaultMem(1, true);
  int rc = snWriterReady(s);
  snFaultMem(0, false);
  toyOk(good && rc == SEINE_NOMEM, "no memory for what others have grown");
  u64 end = s->space.end;
  toyOk(!snWriterReady(s) && end * SN_PAGE == size
      && s->size > size && s->space.end == s->size / SN_PAGE
      && snSpaceUsedEnd(&s->space) == end, "then its pages are free");
  snWriterRollback(s);
  snStoreClose(other);
  snStoreClose(s);
}

/* ---- 5: memory ---------------------------------------------------------- */

/* Each allocation of who comes upon a state in doubt fails. */
static void doubtGroup(void) {
  u32 failed = 0;
  bool good = true;
  int rc = SEINE_NOMEM;
  for (i64 n = 1; good && rc == SEINE_NOMEM && n < 100; n++) {
    Store *s = writerOpen();
    probeFail(PROBE_SYNC, 1, false);
    good = s && writerBase(s) == SEINE_IOERR && snWriterUnknown(s);
    snStoreClose(s);
    s = toyOpen(&probeVfs);
    snFaultMem(n, false);
    rc = toyBegin(s);
    snFaultMem(0, false);
    failed += rc == SEINE_NOMEM;
    if (rc) good = good && rc == SEINE_NOMEM && !snWriterActive(s)
        && !toyBegin(s);
    good = good && snWriterDoubtful(s, NULL) && snWriterDoubtful(s, toyHeld);
    good = good && !toyOver(s, SEINE_OK) && writerTxid(s) == 4;
    snStoreClose(s);
  }
  toyOk(good && !rc && failed > 3, "a state in doubt");
}

static int holesBefore(Store *s) {
  int rc = SEINE_OK;
  for (u32 i = 0; !rc && i < 8; i++) {
    rc = toyBegin(s);
    for (u32 k = 0; !rc && k < 12; k++)
      if (i == 0 || (k % 2 && i < 3)) rc = toyPut(s, k, 100 + k * 3000);
    rc = toyOver(s, rc);
  }
  return rc;
}

/* By one that does not know which pages are free. */
static int holesScene(Store *s) {
  static Vfs other; /* it is of another process */
  (void)s;
  other = probeVfs;
  Store *own = toyOpen(&other);
  int rc = own ? toyBegin(own) : SEINE_NOMEM;
  if (!rc) rc = toyOver(own, toyPut(own, 1, 40000));
  snStoreClose(own);
  return rc;
}

/* The end of the file is free, and is cut. */
static int cutScene(Store *s) {
  int rc = toyBegin(s);
  if (!rc) rc = toyOver(s, toyPut(s, 23, 400000));
  if (!rc) rc = toyBegin(s);
  if (!rc) rc = toyOver(s, toyFree(s, 23));
  for (u32 i = 0; !rc && i < 4; i++) {
    rc = toyBegin(s);
    if (!rc) rc = toyOver(s, toyPut(s, 1, 10));
  }
  return rc ? rc : snWriterShrink(s);
}

/* A reader keeps many pages, and goes: they are free all at once, in more runs
** than the list has room for. */
static void ripeGroup(void) {
  Store *s = toyFresh(NULL), *other = toyOpen(&probeVfs);
  Snapshot *n = NULL;
  bool good = !toyBegin(s);
  for (u32 k = 0; good && k < TOY_KEYS; k++) good = !toyPut(s, k, 10);
  good = good && !toyOver(s, SEINE_OK) && !snSnapshotOpen(other, &n)
      && !toyBegin(s);
  for (u32 k = 0; good && k < TOY_KEYS; k += 2) good = !toyFree(s, k);
  good = good && !toyOver(s, SEINE_OK);
  for (u32 i = 0; good && i < 3; i++)
    good = !toyBegin(s) && !toyOver(s, SEINE_OK);
  snSnapshotDrop(n);
  good = good && !toyBegin(s) && s->space.ngrave > TOY_KEYS / 2;
  snFaultMem(1, true);
  int rc = snWriterReady(s);
  snFaultMem(0, false);
  toyOk(good && rc == SEINE_NOMEM && !s->space.valid,
      "no memory for pages that nobody needs any more");
  snWriterRollback(s);
  good = !toyBegin(s) && !snWriterReady(s) && s->space.ngrave <= 2;
  toyOk(good && !toyOver(s, SEINE_OK) && writerTxid(s) == 6, "then there is");
  snStoreClose(other);
  snStoreClose(s);
}

/* ---- 6: faults of the protocol ------------------------------------------ */

static u32 told;
static void faultTold(const char *text) {
  (void)text;
  told++;
}

/* The first sync of a large commit fails. */
static int faultLarge(StoreFault fault) {
  Store *s = writerOpen();
  snStoreFaultSet(fault);
  int rc = toyBegin(s);
  probeFail(PROBE_SYNC, 1, false);
  if (!rc) rc = toyOver(s, toyPut(s, 0, 300000));
  snStoreFaultSet(FAULT_NONE);
  snStoreClose(s);
  return rc;
}

static void faultGroup(void) {
  u64 with = 9, without = 9;
  toyOk(faultLarge(FAULT_NONE) == SEINE_IOERR
      && strstr(toySaid, "writing data failed"),
      "the first of two syncs fails");
  toyOk(!faultLarge(FAULT_RETRY_SYNC), "fault: it is asked again");
  Store *s = writerOpen();
  bool good = !syncAside(s, &without) && without == 1;
  snStoreFaultSet(FAULT_NO_PRE_SYNC);
  good = good && !syncAside(s, &with);
  snStoreFaultSet(FAULT_NONE);
  toyOk(good && !with, "fault: what stands aside is not synced");
  snStoreClose(s);
}

/* ---- 7: copies ---------------------------------------------------------- */

static int copyNot(Vfs *v, const char *path, bool *out) {
  (void)v, (void)path, (void)out;
  return SEINE_IOERR;
}

/* rc; *there as it is told. */
static int copyTo(Store *s, const char *path, bool *there) {
  Snapshot *n = NULL;
  Store *copy = NULL;
  int rc = snSnapshotOpen(s, &n);
  *there = true;
  if (!rc) rc = snStoreCopyOpen(s, n, path, there, &copy);
  if (copy) snStoreCopyClose(copy, false);
  snSnapshotDrop(n);
  return rc;
}

static void copyGroup(void) {
  char path[60];
  bool there, old = true;
  File *f = NULL;
  Vfs v = probeVfs;
  snprintf(path, sizeof path, "%s-copy", toyPath);
  Store *s = toyFresh(NULL);
  toyOk(copyTo(s, toyPath, &there) == SEINE_CANTOPEN && there,
      "an empty file is no copy of itself");
  snStoreClose(s);
  v.exists = copyNot;
  s = toyOpen(&v);
  toyOk(!writerBase(s) && copyTo(s, path, &there) == SEINE_IOERR && !there,
      "whether it is there cannot be told");
  snStoreClose(s);
  s = toyOpen(&probeVfs);
  toyOk(!copyTo(s, path, &there) && !there
      && !probeBelow->exists(probeBelow, path, &old) && !old,
      "a copy that is not kept");
  bool good = !probeBelow->open(probeBelow, path, OS_CREATE, &f);
  for (u64 i = 0; good && i < 7; i++) {
    u8 page[SN_PAGE];
    good = !s->file->ops->read(s->file, i * SN_PAGE, page, SN_PAGE);
    if (!i) page[40] ^= 1;
    good = good && !f->ops->write(f, i * SN_PAGE, page, SN_PAGE);
  }
  if (f) f->ops->close(f);
  toyOk(good && copyTo(s, path, &there) == SEINE_CANTOPEN && there
      && !probeBelow->exists(probeBelow, path, &old) && old,
      "nor is a damaged database gone over");
  probeBelow->remove(probeBelow, path);
  snStoreClose(s);
}

int main(void) {
  toyName("writer_test");
  probeOver(snOsMemory());
  refuseGroup();
  newerGroup();
  outsideGroup();
  namedGroup();
  twinGroup();
  largeGroup();
  syncGroup();
  tightGroup();
  tightFull();
  stepGroup();
  grownGroup();
  doubtGroup();
  toyFaults(holesBefore, holesScene, "faults: a file with holes");
  toyFaults(NULL, cutScene, "faults: a file that is cut");
  ripeGroup();
  copyGroup();
  snWatchTell(faultTold);
  faultGroup();
  return toyDone();
}
