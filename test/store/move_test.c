/*
** Extents that change their place.
**   1  to the first free run in front that is large enough, or to the end,
**      small ones and large ones; its bytes, its length, its pages
**   2  what a transaction sees of the pages
**   3  what is refused or interrupted leaves things as they were
**   4  an extent that is damaged is not moved
**   5  across, to another file
**   6  each allocation and each call fails, once and from then on
*/
#include "store/toy.h"

/* An extent of exactly n pages. */
static u64 lenOf(u64 pages) { return (pages - 1) * SN_PAGE; }

/* Key 0 behind a hole of so many pages, which key 1 leaves, and which is free
** for the next transaction. */
static int moveBefore(Store *s, u64 hole, u64 pages) {
  int rc = toyBegin(s);
  if (!rc) rc = toyPut(s, 1, lenOf(hole));
  if (!rc) rc = toyPut(s, 2, 1);
  if (!rc) rc = toyPut(s, 0, lenOf(pages));
  if (!rc) rc = toyPut(s, 3, 1);
  rc = toyOver(s, rc);
  for (u32 i = 0; !rc && i < 2; i++) {
    rc = toyBegin(s);
    if (!rc) rc = toyFree(s, 1);
    rc = toyOver(s, rc);
  }
  return rc;
}

/* Moves key 0; *moved: there was room. */
static int moveKey(Store *s, bool at_end, int (*stop)(void *), void *arg,
    bool *moved) {
  ExtentRef to;
  int rc = snMoveExtent(s, toyHeld, at_end, stop, arg, &to);
  *moved = !rc && to.page;
  if (!*moved) return rc;
  rc = snWriterFree(s, toyHeld);
  toyHeld[0] = to;
  return rc;
}

/* ---- 1: where to -------------------------------------------------------- */

static bool whereRun(u64 hole, u64 pages, bool at_end, bool moves) {
  Store *s = toyFresh(NULL);
  bool good = !moveBefore(s, hole, pages), moved = false;
  u64 held = good ? toyPages(s) : 0;
  int rc = toyBegin(s);
  ExtentRef was = toyHeld[0];
  if (!rc) rc = moveKey(s, at_end, NULL, NULL, &moved);
  good = good && !toyOver(s, rc) && moved == moves;
  good = good && toyHeld[0].len == was.len && toyHeld[0].seed == was.seed;
  if (moves && at_end) good = good && toyHeld[0].page > was.page;
  if (moves && !at_end) good = good && toyHeld[0].page < was.page;
  if (!moves) good = good && toyHeld[0].page == was.page;
  good = good && toyWhole(s) && toyPages(s) == held;
  snStoreClose(s);
  return good || toyNo("moved", hole, pages);
}

static void whereGroup(void) {
  static const struct {
    u64 hole, pages;
    bool moves;
    const char *name;
  } table[] = {
    {1, 1, true, "one page into a hole of one"},
    {5, 5, true, "a small one, it just fits"},
    {4, 6, false, "a small one, the hole is too small"},
    {17, 17, true, "of one chunk"},
    {18, 18, true, "of more than one chunk"},
    {400, 399, true, "of more than a megabyte"},
    {397, 399, false, "of more than a megabyte, the hole is too small"},
  };
  for (u32 i = 0; i < SN_COUNT(table); i++) {
    toyOk(whereRun(table[i].hole, table[i].pages, false, table[i].moves),
        table[i].name);
    toyOk(whereRun(table[i].hole, table[i].pages, true, true),
        "... to the end");
  }
}

/* ---- 2: what is seen ---------------------------------------------------- */

static void seenGroup(void) {
  Store *s = toyFresh(NULL), *other;
  MoveSpace m;
  toyOk(snMoveSpace(s, &m) == SEINE_MISUSE && !m.end, "no transaction");
  toyOk(!toyBegin(s) && !snMoveSpace(s, &m) && m.used_end == STORE_FIRST
      && !m.free && !m.buried && !m.shared && !m.pinned, "a new file");
  snWriterRollback(s);
  toyOk(!moveBefore(s, 40, 3) && !toyBegin(s) && !snMoveSpace(s, &m)
      && m.hole == STORE_FIRST && m.hole_pages == 40 && m.free == 41
      && m.used_end < m.end && m.settled && !m.pinned && !m.shared
      && m.promised <= m.end, "a hole of 40 pages and one of one");
  toyOk(!toyPut(s, 1, lenOf(30)) && !toyPut(s, 4, 1) && !toyFree(s, 1)
      && !snMoveSpace(s, &m) && m.hole == STORE_FIRST && m.hole_pages == 30
      && m.free == 40, "the largest one of three");
  toyOk(!toyPut(s, 5, lenOf(31)) && !snMoveSpace(s, &m)
      && m.used_end == m.end && m.free == 40, "nothing is free at the end");
  toyOk(!toyOver(s, toyFree(s, 2)), "one page is freed");
  Snapshot *old = NULL;
  other = toyOpen(&probeVfs);
  toyOk(other && !snSnapshotOpen(other, &old) && !toyBegin(s)
      && !toyOver(s, toyPut(s, 2, 1)) && !toyBegin(s) && !snMoveSpace(s, &m)
      && m.buried && m.pinned && m.shared, "another one reads what was");
  snWriterRollback(s);
  snSnapshotDrop(old);
  snStoreClose(other);
  snStoreClose(s);
}

/* ---- 3: refused, interrupted -------------------------------------------- */

static int moveStop(void *arg) {
  int *left = arg;
  return (*left)-- <= 0;
}

static void stopGroup(void) {
  Store *s = toyFresh(NULL);
  ExtentRef to = {9, 9, 9, 9};
  Stream *t = NULL;
  bool good = !moveBefore(s, 800, 700), moved;
  u64 held = toyPages(s);
  toyOk(good && snMoveExtent(s, toyHeld, true, NULL, NULL, &to)
      == SEINE_MISUSE && !to.page, "no transaction");
  for (int n = 0, rc = 1; good && rc && n < 10; n++) {
    int left = n;
    good = !toyBegin(s) && !snWriterReady(s) && toyUsed(s) == held;
    rc = moveKey(s, n % 2, moveStop, &left, &moved);
    good = good && (!rc ? moved && n == 4
                        : rc == SEINE_INTERRUPT && toyUsed(s) == held);
    snWriterRollback(s);
  }
  toyOk(good && toyWhole(s), "interrupted before each piece of three");
  toyOk(!toyBegin(s) && !snStreamBegin(s, 9, 0, &t)
      && moveKey(s, false, NULL, NULL, &moved) == SEINE_MISUSE
      && toyUsed(s) == held
      && moveKey(s, true, NULL, NULL, &moved) == SEINE_MISUSE
      && toyUsed(s) == held, "a stream is under way: its pages are given back");
  snStreamAbort(t);
  toyOk(!moveKey(s, false, NULL, NULL, &moved) && moved
      && !toyOver(s, SEINE_OK) && toyWhole(s), "now it is not");
  snStoreClose(s);
}

/* ---- 4: damage ---------------------------------------------------------- */

static void damageGroup(void) {
  static const struct {
    u64 pages, at;
    const char *name;
  } table[] = {
    {3, 0, "the first byte of a small one"},
    {3, 2 * SN_PAGE - 1, "its last one"},
    {3, 2 * SN_PAGE, "its checksum"},
    {60, 59 * SN_PAGE - 1, "the last byte of a large one"},
    {60, 59 * SN_PAGE + 8, "a checksum of it"},
    {300, MIB + 5, "a byte behind a megabyte"},
  };
  for (u32 i = 0; i < SN_COUNT(table); i++) {
    Store *s = toyFresh(NULL);
    ExtentRef to;
    u8 byte;
    bool good = !moveBefore(s, table[i].pages, table[i].pages);
    u64 held = toyPages(s), at = toyHeld[0].page * SN_PAGE + table[i].at;
    File *f = NULL;
    good = good && !snOsMemory()->open(snOsMemory(), toyPath, 0, &f)
        && !f->ops->read(f, at, &byte, 1);
    byte ^= 4;
    good = good && !f->ops->write(f, at, &byte, 1) && !toyBegin(s);
    for (int end = 0; good && end < 2; end++)
      good = snMoveExtent(s, toyHeld, end, NULL, NULL, &to) == SEINE_CORRUPT
          && !to.page && strstr(toySaid, "is damaged")
          && toyUsed(s) == held;
    toyOk(good, table[i].name);
    snWriterRollback(s);
    f->ops->close(f);
    snStoreClose(s);
  }
}

/* ---- 5: across ---------------------------------------------------------- */

static Store *acrossFrom;
static ExtentRef acrossRef;

static int acrossScene(Store *s) {
  int rc = toyBegin(s);
  if (!rc) rc = toyFree(s, 0);
  if (!rc) rc = snMoveAcross(acrossFrom, &acrossRef, s, NULL, NULL, toyHeld);
  return toyOver(s, rc);
}

static void acrossGroup(void) {
  static const u64 lens[] = {0, 1, 70000, MIB, 2 * MIB + 7};
  StoreConfig c = {.message = toyMessage};
  int left = 1;
  toyOk(!snStoreOpen(&c, &acrossFrom), "a store in memory");
  snWriterSetWalk(acrossFrom, toyWalk, NULL);
  for (u32 i = 0; i < SN_COUNT(lens); i++) {
    Store *s = toyFresh(NULL);
    bool good = !toyBegin(acrossFrom)
        && !toyOver(acrossFrom, toyPut(acrossFrom, 0, lens[i]));
    acrossRef = toyHeld[0];
    good = good && !acrossScene(s) && toyHeld[0].len == lens[i]
        && toyWhole(s) && toyWhole(acrossFrom);
    toyOk(good, "into another file");
    snStoreClose(s);
  }
  Store *s = toyFresh(NULL);
  ExtentRef to = {9, 9, 9, 9};
  toyOk(snMoveAcross(acrossFrom, &acrossRef, s, NULL, NULL, &to)
      == SEINE_MISUSE && !to.page, "which has no transaction");
  u64 held = toyPages(s);
  toyOk(!toyBegin(s) && !snWriterReady(s) && snMoveAcross(acrossFrom,
      &acrossRef, s, moveStop, &left, &to) == SEINE_INTERRUPT
      && !to.page && toyUsed(s) == held, "interrupted");
  snWriterRollback(s);
  snStoreClose(s);
  toyFaults(NULL, acrossScene, "faults: across");
  snStoreClose(acrossFrom);
}

/* ---- 6: faults ---------------------------------------------------------- */

static u64 faultPages;

static int faultBefore(Store *s) {
  return moveBefore(s, faultPages, faultPages);
}

static int faultScene(Store *s, bool at_end) {
  MoveSpace m;
  bool moved;
  int rc = toyBegin(s);
  if (!rc) rc = snMoveSpace(s, &m);
  if (!rc) rc = moveKey(s, at_end, NULL, NULL, &moved);
  return toyOver(s, rc);
}

static int faultFront(Store *s) { return faultScene(s, false); }
static int faultBack(Store *s) { return faultScene(s, true); }

int main(void) {
  toyName("move_test");
  probeOver(snOsMemory());
  whereGroup();
  seenGroup();
  stopGroup();
  damageGroup();
  acrossGroup();
  faultPages = 2;
  toyFaults(faultBefore, faultFront, "faults: a small one to the front");
  toyFaults(faultBefore, faultBack, "faults: a small one to the end");
  faultPages = 300;
  toyFaults(faultBefore, faultFront, "faults: a large one to the front");
  toyFaults(faultBefore, faultBack, "faults: a large one to the end");
  return toyDone();
}
