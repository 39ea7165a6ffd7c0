/*
** Stores of one file that write beside each other: those of one vfs share a
** group, as the connections of a process do; those of another are another
** process.  A transaction begins while another one is being synced, or while
** its writer waits: from the hooks of the probe and from busy handlers, so that
** all but 5 and 6 is the same each time.
**   1  two processes take turns
**   2  a transaction fails, and those that were built on it
**   3  a txid that came to nothing is given again
**   4  a group without a file of its own; a child of fork()
**   5  who is waited for before a claim breaks the group
**   6  who waits for a batch that is being synced hears of that, also when the
**      group breaks meanwhile
*/
#include "store/toy.h"
#include <sys/wait.h>
#include <unistd.h>

static Vfs otherVfs, thirdVfs; /* of other processes */
static Store *one, *two, *other, *third; /* one, two: of one group */
static int hookRc, hookRc2;
static Snapshot *hookKept;

static int groupCommit(Store *s, u32 key, u64 len) {
  int rc = toyBegin(s);
  return rc ? rc : toyOver(s, toyPut(s, key, len));
}

/* With a busy handler, which calls busyDo each time. */
static int (*busyDo)(int count);
static int groupBusy(void *arg, int count, u32 *us) {
  (void)arg, (void)us;
  return busyDo ? busyDo(count) : 0;
}

static Store *groupOpen(Vfs *v, bool busy) {
  StoreConfig c = {.vfs = v, .path = toyPath, .create = true,
      .message = toyMessage, .busy = busy ? groupBusy : NULL};
  Store *s = NULL;
  if (!snStoreOpen(&c, &s)) snWriterSetWalk(s, toyWalk, NULL);
  return s;
}

/* A file with one state. */
static bool groupStart(bool busy) {
  snStoreClose(toyFresh(NULL));
  one = groupOpen(&probeVfs, false);
  two = groupOpen(&probeVfs, busy);
  other = groupOpen(&otherVfs, true);
  third = groupOpen(&thirdVfs, false);
  busyDo = NULL;
  hookRc = hookRc2 = -1;
  toySaid[0] = 0;
  return one && two && other && third && !groupCommit(one, 0, 5000);
}

static void groupStop(void) {
  snStoreClose(one);
  snStoreClose(two);
  snStoreClose(other);
  snStoreClose(third);
}

static u64 groupTxid(void) { return toyNewest(groupOpen(&probeVfs, false)); }

static void groupSleep(u32 us) { snOsUnix()->sleep_us(snOsUnix(), us); }

/* ---- 1: turns ----------------------------------------------------------- */

static u32 turnLocks; /* attempts at WRITER */
static void turnLocking(u64 at, LockMode mode) {
  turnLocks += at == STORE_LOCK_WRITER && mode == LOCK_EXCLUSIVE;
}

/* The other process waits; nobody of the group may begin before it has. */
static int turnWaits(int count) {
  if (count) return 0;
  busyDo = NULL;
  hookRc = toyBegin(two);
  hookRc2 = toyBegin(two); /* now the group knows of it */
  busyDo = turnWaits;
  return 1;
}

static void turnHook(void) {
  probeSyncing = NULL;
  groupSleep(25000);
  busyDo = turnWaits;
  int rc = toyBegin(other);
  if (rc != SEINE_BUSY) hookRc = 1000 + rc;
}

static int turnAgain(int count) {
  turnLocks = 0;
  probeLocking = turnLocking;
  hookRc = toyBegin(one);
  probeLocking = NULL;
  return count < 0;
}

static void turnGroup(bool busy) {
  bool good = groupStart(busy) && !groupCommit(two, 1, 10);
  u64 from = snClockNs();
  probeSyncing = turnHook;
  toyOk(good && !groupCommit(one, 0, 100) && hookRc == SEINE_BUSY
      && hookRc2 == SEINE_BUSY
      && strstr(toySaid, "another connection is writing"),
      "another process waits: nobody of the group begins");
  busyDo = NULL;
  toyOk(!groupCommit(other, 1, 20) && groupTxid() == 4, "it writes");
  good = !toyBegin(third);
  busyDo = turnAgain;
  hookRc = -1;
  good = good && toyBegin(other) == SEINE_BUSY && hookRc == SEINE_BUSY;
  bool late = snClockNs() - from > 200000000; /* the machine is busy */
  toyOk(good && (late || !turnLocks), "and goes on before the group does");
  groupSleep(210000);
  toyOk(toyBegin(other) == SEINE_BUSY && hookRc == SEINE_BUSY
      && turnLocks == 1, "but not for ever");
  snWriterRollback(third);
  busyDo = NULL;
  toyOk(!groupCommit(one, 0, 30) && groupTxid() == 5, "nobody else wants to");
  probeSyncing = turnHook;
  toyOk(!groupCommit(one, 0, 40) && hookRc == SEINE_BUSY
      && (busyDo = NULL, !groupCommit(two, 1, 50)) && groupTxid() == 7,
      "one that waited and gave up is not waited for");
  groupStop();
}

/* The group holds the lock for long, and does not know who wants it. */
static void wantedHook(void) {
  probeSyncing = NULL;
  groupSleep(25000);
  hookRc = toyBegin(two);
  snWriterRollback(two);
  groupSleep(25000);
  probeFail(PROBE_LOWEST, 1, false);
  hookRc2 = toyBegin(two);
  snWriterRollback(two);
}

static void wantedGroup(void) {
  u64 found = 0;
  bool good = groupStart(false) && !groupCommit(two, 1, 10);
  probeSyncing = wantedHook;
  toyOk(good && !groupCommit(one, 0, 100) && !hookRc && !hookRc2
      && probeHit && groupTxid() == 3, "nobody waits: the lock is kept");
  good = !toyBegin(one);
  probeFail(PROBE_LOCK, 2, false); /* WRITER is taken; WAIT fails */
  toyOk(good && toyBegin(other) == SEINE_BUSY && probeHit
      && !one->file->ops->lowest(one->file, STORE_LOCK_WAIT,
      STORE_LOCK_WAIT + 1, &found) && found == STORE_LOCK_WAIT + 1,
      "a wish that cannot be told");
  snWriterRollback(one);
  toyOk(!groupCommit(other, 2, 10) && groupTxid() == 4, "... is no harm");
  groupStop();
}

/* ---- 2: failures -------------------------------------------------------- */

static bool hookRides;

/* Builds on what is being synced. */
static void buildHook(void) {
  probeSyncing = NULL;
  hookRc = toyBegin(two);
  if (!hookRc && !hookRides) hookRc = toyPut(two, 3, 300);
}

/* `large`: the first of two syncs fails, when no claim is out. */
static void builtOne(bool large, bool rides, const char *name) {
  static const u8 delta[40];
  bool good = groupStart(false) && !groupCommit(two, 1, 10);
  hookRides = rides;
  probeSyncing = buildHook;
  probeFail(PROBE_SYNC, 1, false);
  int rc = groupCommit(one, 0, large ? 300000 : 100);
  good = good && rc == SEINE_IOERR && snWriterPoisoned(one)
      && snWriterUnknown(one) == !large && !hookRc && snWriterActive(two);
  rc = rides ? snWriterCommit(two, NULL, 0, delta, sizeof delta)
             : toyCommit(two);
  good = good && rc == SEINE_IOERR && snWriterActive(two)
      && !snWriterUnknown(two) && snWriterPoisoned(two) == !large;
  if (!large) good = good && strstr(toySaid, "the transaction did not happen");
  snWriterRollback(two);
  rc = groupCommit(two, 1, 20);
  toyOk(good && rc == (large ? SEINE_OK : SEINE_IOERR), name);
  groupStop();
  toyOk(groupTxid() == 3, "... and it is whole");
}

/* The builder's own sync fails first. */
static void bothHook(void) {
  static u8 bytes[MIB];
  Stream *t = NULL;
  probeSyncing = NULL;
  hookRc = toyBegin(two);
  if (!hookRc) hookRc = snStreamBegin(two, 3, 0, &t);
  for (u32 i = 0; !hookRc && i < 3; i++)
    hookRc = snStreamAdd(t, bytes, sizeof bytes);
  if (!hookRc) hookRc = snStreamEnd(t, toyHeld + 2);
  if (!hookRc) hookRc = toyCommit(two);
  hookRc2 = snWriterPut(two, bytes, 1, 1, toyHeld + 3);
  snWriterRollback(two);
}

static void bothGroup(void) {
  bool good = groupStart(false) && !groupCommit(two, 1, 10);
  probeSyncing = bothHook;
  probeFail(PROBE_SYNC, 1, true);
  int rc = groupCommit(one, 0, 100);
  probeFail(PROBE_SYNC, 0, false);
  toyOk(good && rc == SEINE_IOERR && hookRc == SEINE_IOERR
      && hookRc2 == SEINE_IOERR && snWriterUnknown(one)
      && snWriterPoisoned(two) && !snWriterUnknown(two),
      "two syncs of a group fail");
  groupStop();
  toyOk(groupTxid() == 3, "... and the first claim is whole");
}

/* Who needs the slots finds that there is nothing to wait for. */
static void settleGroup(void) {
  MoveSpace m;
  bool good = groupStart(false) && !groupCommit(two, 1, 10);
  hookRides = true;
  probeSyncing = buildHook;
  probeFail(PROBE_SYNC, 1, false);
  good = good && groupCommit(one, 0, 300000) == SEINE_IOERR && !hookRc;
  toyOk(good && !snMoveSpace(two, &m) && toyCommit(two) == SEINE_IOERR,
      "the group fails behind a builder's back");
  snWriterRollback(two);
  groupStop();
}

/* One that waits for its turn joins another group. */
static int waiterBusy(int count) {
  if (count) return 0;
  probeFail(PROBE_SYNC, 1, false);
  hookRc = toyOver(one, toyPut(one, 0, 100));
  return 1;
}

static void waiterGroup(void) {
  bool good = groupStart(true) && !groupCommit(two, 1, 10) && !toyBegin(one);
  const Group *was = two->group;
  busyDo = waiterBusy;
  int rc = toyBegin(two);
  toyOk(good && !rc && hookRc == SEINE_IOERR && two->group != was
      && !toyOver(two, toyPut(two, 1, 20)) && groupTxid() == 4,
      "the group fails while one waits for its turn");
  groupStop();
}

/* A claim that was torn: its connection may not say how its commit ended. */
static void heldGroup(void) {
  bool good = groupStart(false) && !toyBegin(one) && !toyPut(one, 0, 100);
  probeFail(PROBE_WRITE, 2, false); /* the root, then the claim */
  toyOk(good && toyOver(one, SEINE_OK) == SEINE_IOERR && snWriterUnknown(one)
      && strstr(toySaid, "is unknown"), "a claim is torn");
  toyOk(groupCommit(other, 1, 10) == SEINE_BUSY
      && strstr(toySaid, "is still held by its connection")
      && groupTxid() == 1, "nobody has its txid as long as it is open");
  snStoreClose(one);
  one = NULL;
  toyOk(!groupCommit(other, 1, 10) && groupTxid() == 2, "then one has");
  groupStop();
}

/* A sync outside of a transaction fails, of a store that left its group and
** found no other. */
static void loneGroup(void) {
  static u8 bytes[MIB];
  Reserve r;
  Stream *t = NULL;
  ExtentRef ref;
  Snapshot *kept = NULL, *base;
  bool good = groupStart(false) && !snSnapshotOpen(one, &kept)
      && !toyBegin(one) && !snReserve(one, sizeof bytes + 9, &r)
      && !toyOver(one, SEINE_OK) && !snReserveStream(one, &r, 1, &t)
      && !snStreamAdd(t, bytes, sizeof bytes) && !snStreamAdd(t, bytes, 9);
  snGroupBreak(one, SEINE_IOERR);
  snFaultMem(1, false);
  good = good && snWriterBegin(one, &base) == SEINE_NOMEM && !one->group;
  snFaultMem(0, false);
  probeFail(PROBE_SYNC, 1, false);
  toyOk(good && snStreamEnd(t, &ref) == SEINE_IOERR && snWriterPoisoned(one)
      && toyBegin(one) == SEINE_IOERR, "a store without a group is poisoned");
  snSnapshotDrop(kept);
  toyOk(!groupCommit(two, 1, 10) && groupTxid() == 3, "the others are not");
  groupStop();
}

/* Pages that were set aside are filled after another process has committed, and
** a store of the group has learnt from the file which pages are free.  The
** state of before is pinned all the while. */
static void asideGroup(void) {
  static u8 bytes[MIB];
  Reserve r;
  Stream *t = NULL;
  ExtentRef ref;
  Snapshot *was = NULL;
  bool good = groupStart(true) && !snSnapshotOpen(one, &was)
      && !toyBegin(one) && !snReserve(one, sizeof bytes, &r)
      && !toyOver(one, SEINE_OK) && !groupCommit(other, 1, 10)
      && !groupCommit(two, 2, 300000)
      && !snReserveStream(one, &r, 1, &t)
      && !snStreamAdd(t, bytes, sizeof bytes - 9);
  good = good && !snStreamEnd(t, &ref) && ref.page == r.page;
  toyOk(good && !groupCommit(two, 2, 10),
      "pages set aside are filled beside two processes");
  snSnapshotDrop(was);
  groupStop();
  toyOk(groupTxid() == 5, "... whose commits are there");
}

/* ---- 3: txids that are given again -------------------------------------- */

/* Keeps what is about to be claimed. */
static void againLocking(u64 at, LockMode mode) {
  Snapshot *base;
  if (at < STORE_LOCK_COMMIT || at >= STORE_LOCK_PIN || mode != LOCK_EXCLUSIVE)
    return;
  probeLocking = NULL;
  ExtentRef kept[TOY_KEYS];
  memcpy(kept, toyHeld, sizeof kept);
  hookRc = snWriterBegin(two, &base);
  if (!hookRc) hookKept = snSnapshotKeep(base);
  snWriterRollback(two);
  memcpy(toyHeld, kept, sizeof kept);
  probeFail(PROBE_WRITE, 1, false); /* the claim */
}

typedef int (*AgainDo)(Store *s, u32 k);
static int againPut(Store *s, u32 k) { return groupCommit(s, 2 + k, 100); }
static int againTwo(Store *s, u32 k) {
  int rc = toyBegin(s);
  if (!rc && k) rc = toyPut(s, 5, 20000);
  return rc ? rc : toyOver(s, toyPut(s, 2, 100));
}
static int againRide(Store *s, u32 k) {
  u8 delta[64] = {0};
  delta[20] = (u8)k;
  int rc = toyBegin(s);
  if (!rc) rc = snWriterCommit(s, NULL, 0, delta, sizeof delta);
  if (rc) snWriterRollback(s);
  return rc;
}

static void againGroup(void) {
  static const struct {
    AgainDo doing;
    bool page, root; /* of the roots are the same */
    const char *name;
  } table[] = {
    {againPut, true, false, "another root at the same page"},
    {againTwo, false, false, "another root elsewhere"},
    {againRide, true, true, "another delta on the same root"},
  };
  for (u32 i = 0; i < SN_COUNT(table); i++) {
    Snapshot *n = NULL;
    /* Synced before its claim: it need not be written anew when the claim
    ** that fails has gone over its confirmation. */
    bool good = groupStart(false) && !groupCommit(two, 1, 300000);
    hookKept = NULL;
    probeLocking = againLocking;
    good = good && table[i].doing(one, 0) == SEINE_IOERR && !hookRc;
    probeLocking = NULL;
    snStoreClose(one);
    one = NULL;
    good = good && !table[i].doing(other, 1) && !snSnapshotOpen(two, &n)
        && snSnapshotTxid(n) == 3 && snSnapshotTxid(hookKept) == 3
        && n != hookKept;
    if (good) {
      const ExtentRef *a = snSnapshotRef(n), *b = snSnapshotRef(hookKept);
      good = (a->page == b->page) == table[i].page
          && snExtentSame(a, b) == table[i].root
          && snSnapshotSame(n, hookKept) == table[i].root;
    }
    toyOk(good && toyWhole(two), table[i].name);
    snSnapshotDrop(n);
    snSnapshotDrop(hookKept);
    groupStop();
  }
}

/* ---- 4: files and processes --------------------------------------------- */

/* Its own lock tells a store nothing of a claim that may be out. */
static void namelessGroup(void) {
  Snapshot *n = NULL;
  Store *s = toyFresh(NULL);
  bool good = !probeBelow->remove(probeBelow, toyPath)
      && !groupCommit(s, 0, 10) && s->group && !s->group->file;
  toyOk(good, "the name is gone: locks are those of the file that is open");
  probeFail(PROBE_SYNC, 1, false);
  toyOk(groupCommit(s, 0, 20) == SEINE_IOERR && snWriterUnknown(s)
      && !snSnapshotOpen(s, &n) && snSnapshotTxid(n) == 1,
      "... and a claim of unknown outcome is not read");
  snSnapshotDrop(n);
  snStoreClose(s);
}

static void renamedGroup(void) {
  Store *s = toyFresh(NULL), *t;
  bool good = !probeBelow->remove(probeBelow, toyPath);
  t = toyOpen(&otherVfs);
  good = good && t && !groupCommit(t, 0, 10) && !groupCommit(t, 0, 20)
      && !groupCommit(s, 1, 30) && !s->group->file && !toyBegin(t);
  toyOk(good && !groupCommit(s, 1, 40) && toyWhole(s),
      "the name leads to another file: that is not locked");
  snWriterRollback(t);
  toyOk(groupTxid() == 2 && toyWhole(t), "... nor written to");
  snStoreClose(s);
  snStoreClose(t);
}

/* A child sees the group of its parent, and joins none of it. */
static void forkGroup(void) {
  Vfs *was = probeBelow;
  int status = 1;
  probeBelow = snOsUnix();
  Store *s = toyFresh(NULL);
  bool good = s && !groupCommit(s, 0, 10) && s->group;
  fflush(stdout);
  pid_t pid = fork();
  if (!pid) {
    Store *own = toyOpen(&probeVfs);
    int rc = own ? groupCommit(own, 1, 20) : SEINE_NOMEM;
    bool apart = own && own->group != s->group;
    snStoreClose(own);
    exit(rc || !apart);
  }
  waitpid(pid, &status, 0);
  toyOk(good && pid > 0 && WIFEXITED(status) && !WEXITSTATUS(status),
      "a child has a group of its own");
  toyOk(!groupCommit(s, 2, 30) && toyWhole(s) && groupTxid() == 3,
      "and both have written");
  snStoreClose(s);
  probeBelow->remove(probeBelow, toyPath);
  probeBelow = was;
}

/* ---- 5: waited for ------------------------------------------------------ */

#define GATHER_TRIES 300

static void gatherSlow(void) { groupSleep(5000); }

static int gatherBusy(int count) {
  (void)count;
  return 1;
}

static void gatherRun(void *arg) {
  Snapshot *base;
  (void)arg;
  hookRc = snWriterBegin(two, &base);
  snGroupBreak(two, SEINE_IOERR);
  snWriterRollback(two);
}

static u32 gatherWaiting(void) {
  Group *g = one->group;
  snThreadEnter(g->gate);
  u32 n = g->waiting;
  snThreadLeave(g->gate);
  return n;
}

/* Commits beside one who gets its turn then, and breaks the group: before the
** claim is written, or too late.  The claim is in the file, or not. */
static bool gatherOnce(bool *broken) {
  Thread *t = NULL;
  bool good = groupStart(true) && !groupCommit(two, 1, 10);
  busyDo = gatherBusy;
  probeSyncing = gatherSlow; /* the next batch is worth a wait */
  good = good && !groupCommit(one, 2, 10) && !toyBegin(one);
  probeSyncing = NULL;
  if (good) good = !snThreadStart(NULL, gatherRun, NULL, &t);
  while (good && !gatherWaiting()) groupSleep(50);
  int rc = toyOver(one, toyPut(one, 0, 100));
  snThreadJoin(t);
  *broken = rc == SEINE_IOERR;
  good = good && !hookRc && (!rc || *broken) && !snWriterUnknown(one)
      && !snWriterPoisoned(one) && groupTxid() == (rc ? 3 : 4)
      && !groupCommit(one, 0, 50);
  groupStop();
  return good || toyNo("broken", (u64)rc, 0);
}

static void gatherGroup(void) {
  bool good = true, broken = false;
  for (u32 i = 0; good && !broken && i < GATHER_TRIES; i++)
    good = gatherOnce(&broken);
  toyOk(good && broken, "who is waited for breaks the group: no claim");
}

/* ---- 6: those of a batch ------------------------------------------------ */

typedef struct BatchWaiter {
  Store *store;
  u32 key;
  int rc;
} BatchWaiter;

static BatchWaiter batchOf[2];
static Thread *batchThread[2];

static void batchRun(void *arg) {
  BatchWaiter *w = arg;
  w->rc = groupCommit(w->store, w->key, 10);
}

static u32 batchWaiting(void) {
  Group *g = one->group;
  u32 n = 0;
  snThreadEnter(g->gate);
  for (const Store *s = g->batch.waiting; s; s = s->waits) n++;
  snThreadLeave(g->gate);
  return n;
}

/* The sync of the batch that both are in. */
static void batchBreakHook(void) {
  probeSyncing = NULL;
  snGroupBreak(one, SEINE_IOERR);
  groupSleep(20000); /* who believes that all is lost goes now */
}

static void batchFillHook(void) {
  probeSyncing = NULL;
  for (u32 i = 0; i < 2; i++)
    if (snThreadStart(NULL, batchRun, batchOf + i, batchThread + i)) return;
  while (batchWaiting() < 2) groupSleep(50);
  probeSyncing = batchBreakHook;
}

static void batchGroup(void) {
  bool good = groupStart(true);
  Store *more = groupOpen(&probeVfs, true);
  busyDo = gatherBusy;
  good = good && more && !groupCommit(two, 1, 10) && !groupCommit(more, 2, 10);
  batchOf[0] = (BatchWaiter){two, 1, -1};
  batchOf[1] = (BatchWaiter){more, 2, -1};
  probeSyncing = batchFillHook;
  good = good && !groupCommit(one, 0, 10);
  for (u32 i = 0; i < 2; i++) snThreadJoin(batchThread[i]);
  toyOk(good && !batchOf[0].rc && !batchOf[1].rc,
      "a group breaks beside a sync: its batch is durable all the same");
  toyOk(!groupCommit(one, 0, 20) && !groupCommit(two, 1, 20),
      "... and its stores go on in another one");
  snStoreClose(more);
  groupStop();
  toyOk(groupTxid() == 8, "... which builds on it");
}

int main(void) {
  toyName("group_test");
  probeOver(snOsMemory());
  otherVfs = thirdVfs = probeVfs;
  turnGroup(false);
  turnGroup(true);
  wantedGroup();
  builtOne(false, false, "its claim may be out: who built on it is told");
  builtOne(false, true, "... who rides, too");
  builtOne(true, false, "no claim is out: who built on it may begin again");
  builtOne(true, true, "... who rides, too");
  bothGroup();
  settleGroup();
  waiterGroup();
  heldGroup();
  asideGroup();
  loneGroup();
  againGroup();
  namelessGroup();
  renamedGroup();
  forkGroup();
  gatherGroup();
  batchGroup();
  return toyDone();
}
