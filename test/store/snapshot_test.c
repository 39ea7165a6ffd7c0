/*
** Readers of a file that moves while they look at it.
**   1  another process commits each time between the look and the pin: the
**      newest state is had as soon as one look passes; BUSY when none does
**   2  the slots look damaged for a while, as while a page is written: looked
**      at again; CORRUPT when they stay so
**   3  each allocation and each call fails, once and from then on
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

/* ---- 3: faults ---------------------------------------------------------- */

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

int main(void) {
  toyName("snapshot_test");
  probeOver(snOsMemory());
  moveGroup();
  tornGroup();
  toyFaults(faultBefore, faultScene, "faults: readers of a state that moves");
  return toyDone();
}
