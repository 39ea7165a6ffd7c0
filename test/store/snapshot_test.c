/*
** Readers of a file that moves while they look at it.
**   1  another process commits each time between the look and the pin: the
**      newest state is had as soon as one look passes; BUSY when none does
**   2  the slots look damaged for a while, as while a page is written: looked
**      at again; CORRUPT when they stay so
**   3  the file becomes another one, of which a state has the same txid
**   4  each allocation and each call fails, once and from then on
*/
#include "store/toy.h"

static Store *moveStore;  /* of another process */
static u32 moveLeft;      /* commits that are still to come */
static Vfs moveVfs;

/* A commit by moveStore, which writes past the probe. */
static int moveCommit(void) {
  ExtentRef kept[TOY_KEYS];
  memcpy(kept, toyHeld, sizeof kept);
  int rc = toyBegin(moveStore);
  if (!rc) rc = toyOver(moveStore, toyPut(moveStore, 0, 5000));
  memcpy(toyHeld, kept, sizeof kept);
  return rc;
}

static void moveLocking(u64 at, LockMode mode) {
  if (at < STORE_LOCK_PIN || mode != LOCK_SHARED || !moveLeft) return;
  moveLeft--;
  if (moveCommit()) toyNo("commit", at, 0);
}

static bool moveStart(void) {
  Store *s = toyFresh(NULL);
  snStoreClose(s);
  moveStore = toyOpen(snOsMemory());
  return moveStore && !moveCommit() && !moveCommit();
}

/* ---- 1: states ---------------------------------------------------------- */

static void moveGroup(void) {
  static const struct {
    u32 moves;
    int rc;
    const char *name;
  } table[] = {
    {0, SEINE_OK, "a state that stays"}, {1, SEINE_OK, "it moves once"},
    {2, SEINE_OK, "twice"}, {10, SEINE_OK, "ten times"},
    {100000, SEINE_BUSY, "whenever it is looked at"},
  };
  for (u32 i = 0; i < SN_COUNT(table); i++) {
    Snapshot *n = NULL;
    bool good = moveStart();
    Store *s = toyOpen(&probeVfs);
    moveLeft = table[i].moves;
    probeLocking = moveLocking;
    int rc = snSnapshotOpen(s, &n);
    probeLocking = NULL;
    good = good && rc == table[i].rc && (n != NULL) == !rc;
    if (n) good = good && snSnapshotTxid(n) == 2 + table[i].moves;
    moveLeft = 0;
    snSnapshotDrop(n);
    n = NULL; /* and it pins nothing of what it has seen */
    u64 oldest = 0;
    good = good && !snSnapshotOldest(moveStore, &oldest)
        && oldest == UINT64_MAX;
    toyOk(good && !snSnapshotOpen(s, &n) && toyWhole(s), table[i].name);
    snSnapshotDrop(n);
    snStoreClose(s);
    snStoreClose(moveStore);
  }
}

/* ---- 2: slots that look damaged ----------------------------------------- */

static u8 tornSlots[STORE_SLOT_BYTES];
static u32 tornAt, tornSlept; /* sleeps until they are whole; so far */
static bool tornNow;

static void tornWrite(bool whole) {
  static u8 junk[STORE_SLOT_BYTES];
  File *f = NULL;
  memset(junk, 0x3c, sizeof junk);
  if (snOsMemory()->open(snOsMemory(), toyPath, 0, &f)
      || f->ops->write(f, SN_PAGE, whole ? tornSlots : junk, sizeof junk))
    toyNo("slots", whole, 0);
  f->ops->close(f);
  tornNow = !whole;
}

static void tornSleep(Vfs *v, u32 us) {
  (void)v, (void)us;
  if (++tornSlept == tornAt) tornWrite(true);
}

static void tornLocking(u64 at, LockMode mode) {
  if (at < STORE_LOCK_PIN || mode != LOCK_SHARED) return;
  probeLocking = NULL;
  tornWrite(false);
}

static void tornGroup(void) {
  static const struct {
    bool first; /* damaged before the first look, or behind it */
    u32 sleeps;
    int rc;
    const char *name;
  } table[] = {
    {false, 1, SEINE_OK, "damaged behind the first look, and whole again"},
    {false, 0, SEINE_CORRUPT, "damaged behind the first look, for good"},
    {true, 1, SEINE_OK, "damaged before it, and whole again"},
    {true, 0, SEINE_CORRUPT, "damaged before it, for good"},
  };
  moveVfs = probeVfs;
  moveVfs.sleep_us = tornSleep;
  for (u32 i = 0; i < SN_COUNT(table); i++) {
    Snapshot *n = NULL;
    bool good = moveStart();
    Store *s = toyOpen(&moveVfs);
    good = good && s && !s->file->ops->read(s->file, SN_PAGE, tornSlots,
        sizeof tornSlots);
    tornAt = table[i].sleeps;
    tornSlept = 0;
    if (table[i].first) tornWrite(false);
    else probeLocking = tornLocking;
    int rc = snSnapshotOpen(s, &n);
    probeLocking = NULL;
    good = good && rc == table[i].rc && (n != NULL) == !rc;
    if (n) good = good && !tornNow && snSnapshotTxid(n) == 2;
    snSnapshotDrop(n);
    if (tornNow) tornWrite(true);
    toyOk((good || toyNo("rc", (u64)rc, tornSlept)) && toyWhole(s),
        table[i].name);
    snStoreClose(s);
    snStoreClose(moveStore);
  }
}

/* Whole at each first look, damaged at so many of the second ones. */
static u32 turnsLeft, turnsReads;

static void turnsReading(u64 at) {
  if (at != SN_PAGE) return;
  bool bad = turnsReads++ % 2 && turnsLeft;
  turnsLeft -= bad;
  tornWrite(!bad);
}

static void turnsGroup(void) {
  for (u32 bad = 0; bad < 6; bad++) {
    Snapshot *n = NULL;
    char name[40];
    bool good = moveStart();
    Store *s = toyOpen(&probeVfs);
    good = good && s && !s->file->ops->read(s->file, SN_PAGE, tornSlots,
        sizeof tornSlots);
    turnsLeft = bad;
    turnsReads = 0;
    probeReading = turnsReading;
    int rc = snSnapshotOpen(s, &n);
    probeReading = NULL;
    tornWrite(true);
    good = good && rc == (bad < 4 ? SEINE_OK : SEINE_CORRUPT)
        && (n != NULL) == !rc;
    snSnapshotDrop(n);
    snprintf(name, sizeof name, "damaged at %u of the second looks", bad);
    toyOk((good || toyNo("rc", (u64)rc, turnsReads)) && toyWhole(s), name);
    snStoreClose(s);
    snStoreClose(moveStore);
  }
}

/* ---- 3: another file ---------------------------------------------------- */

typedef struct SwapFile {
  u8 *p;
  u64 n;
} SwapFile;

static SwapFile swapTo;

static bool swapGet(SwapFile *x) {
  File *f = NULL;
  bool good = !snOsMemory()->open(snOsMemory(), toyPath, 0, &f)
      && !f->ops->size(f, &x->n);
  x->p = malloc(x->n + 1);
  good = good && !f->ops->read(f, 0, x->p, x->n);
  if (f) f->ops->close(f);
  return good;
}

static bool swapPut(const SwapFile *x) {
  File *f = NULL;
  bool good = !snOsMemory()->open(snOsMemory(), toyPath, 0, &f)
      && !f->ops->write(f, 0, x->p, x->n);
  if (f) f->ops->close(f);
  return good;
}

static void swapLocking(u64 at, LockMode mode) {
  if (at < STORE_LOCK_PIN || mode != LOCK_SHARED) return;
  probeLocking = NULL;
  if (!swapPut(&swapTo)) toyNo("swap", 0, 0);
}

/* A state 3 on the file that is there; how it differs from others. */
static int swapCommit(u32 how, u32 k) {
  static u8 delta[STORE_DELTA];
  Store *s = toyOpen(snOsMemory());
  int rc = toyBegin(s);
  memset(delta, 0, sizeof delta);
  delta[20] = (u8)k;
  if (!rc && how == 0) rc = toyOver(s, toyPut(s, 3, 100 + 20000 * k));
  if (!rc && how == 1) rc = toyOver(s, toyPut(s, 3 + k, 100));
  if (!rc && how == 2) rc = snWriterCommit(s, NULL, 0, delta, sizeof delta);
  snStoreClose(s);
  return rc;
}

static void swapGroup(void) {
  static const char *const names[] = {"its root lies elsewhere",
      "its root is another one at the same page", "another delta rides"};
  for (u32 how = 0; how < SN_COUNT(names); how++) {
    SwapFile base = {0}, from = {0};
    Snapshot *n = NULL;
    ExtentRef a = {0}, b = {0};
    u32 len;
    bool good = moveStart();
    snStoreClose(moveStore);
    good = good && swapGet(&base) && !swapCommit(how, 0) && swapGet(&from)
        && swapPut(&base) && !swapCommit(how, 1) && swapGet(&swapTo)
        && swapPut(&from);
    Store *s = toyOpen(&probeVfs);
    probeLocking = swapLocking;
    good = good && !snSnapshotOpen(s, &n) && !probeLocking
        && snSnapshotTxid(n) == 3;
    if (good) b = *snSnapshotRef(n);
    const u8 *p = good ? snSnapshotDelta(n, &len) : NULL;
    if (how == 2) good = good && len == STORE_DELTA && p[20] == 1;
    good = good && toyWhole(s);
    snSnapshotDrop(n);
    snStoreClose(s);
    s = swapPut(&from) ? toyOpen(&probeVfs) : NULL;
    n = NULL;
    good = good && s && !snSnapshotOpen(s, &n);
    if (good) a = *snSnapshotRef(n);
    good = good && (a.page == b.page) == (how > 0)
        && snExtentSame(&a, &b) == (how == 2);
    toyOk(good, names[how]);
    snSnapshotDrop(n);
    snStoreClose(s);
    free(base.p);
    free(from.p);
    free(swapTo.p);
  }
}

/* ---- 4: faults ---------------------------------------------------------- */

static int faultBefore(Store *s) {
  int rc = toyBegin(s);
  if (!rc) rc = toyOver(s, toyPut(s, 0, 100));
  if (!rc) rc = toyBegin(s);
  return rc ? rc : toyOver(s, toyPut(s, 0, 70000));
}

/* Looks, looks again while nothing has moved, and once a writer has. */
static int faultScene(Store *s) {
  StoreConfig c = {.vfs = &probeVfs, .path = toyPath, .no_map = true,
      .message = toyMessage};
  Snapshot *a = NULL, *b = NULL, *d = NULL;
  Store *own = NULL;
  int rc = snStoreOpen(&c, &own);
  if (!rc) rc = snSnapshotOpen(own, &a);
  if (!rc) rc = snSnapshotOpen(own, &b);
  if (!rc && a != b) rc = SEINE_ERROR;
  snSnapshotDrop(b);
  snSnapshotDrop(a);
  a = NULL;
  if (!rc) rc = snSnapshotOpen(own, &a);
  snSnapshotDrop(a);
  if (!rc) rc = toyBegin(s);
  if (!rc) rc = toyOver(s, toyPut(s, 0, 70000));
  if (!rc) rc = snSnapshotOpen(own, &d);
  snSnapshotDrop(d);
  snStoreClose(own);
  return rc;
}

/* No library writes one file over another. */
static void swapTold(const char *text) { (void)text; }

int main(void) {
  toyName("snapshot_test");
  probeOver(snOsMemory());
  moveGroup();
  tornGroup();
  turnsGroup();
  snWatchTell(swapTold);
  swapGroup();
  snWatchTell(NULL);
  toyFaults(faultBefore, faultScene, "faults: readers of a state that moves");
  return toyDone();
}
