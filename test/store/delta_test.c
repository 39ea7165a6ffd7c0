/*
** Transactions that end with the root that they began with: what is new rides
** in the claim, and in extents that are spilled for it.
**   1  which may not, and that nothing of them is seen
**   2  what rode is seen, by others and by who opens the file, and it alone
**      tells the state from its base; nothing was written but slots
**   3  spills: how long the file has to be
**   4  a delta beside a list: one claim has room for both, or the list is
**      left out and all was synced before
**   5  a base in doubt
**   6  each allocation and each call fails, once and from then on; the device
**      is full
*/
#include "store/toy.h"

static u8 rideBytes[STORE_DELTA + 1];

/* References of page 0, which a walk passes over, that say `tag`. */
static void rideFill(u32 n, u8 tag) {
  memset(rideBytes, 0, sizeof rideBytes);
  for (u32 i = 8; i < n; i++)
    if (i % EXTENT_REF_BYTES >= 8) rideBytes[i] = tag;
}

/* A commit of n bytes beside the root of before. */
static int ride(Store *s, u32 n, u8 tag) {
  int rc = toyBegin(s);
  rideFill(n, tag);
  if (!rc) rc = snWriterCommit(s, NULL, 0, rideBytes, n);
  if (rc) snWriterRollback(s);
  return rc;
}

/* The delta goes, and what it names. */
static int rideFree(void *arg, const ExtentRef *r) {
  return snWriterFree(arg, r);
}

static int rideDrop(Store *s) {
  u32 len = 0;
  int rc = toyBegin(s);
  const u8 *p = rc ? NULL : snSnapshotDelta(s->w.base, &len);
  if (!rc && s->w.base->txid) rc = toyWalkRefs(p, len, rideFree, s);
  return toyOver(s, rc);
}

/* The newest state has that txid, and what rideBytes holds beside its root. */
static bool rideIs(Store *s, u64 txid, u32 n) {
  Snapshot *x = NULL;
  u32 len = 0;
  bool good = !snSnapshotOpen(s, &x) && snSnapshotTxid(x) == txid;
  const u8 *p = good ? snSnapshotDelta(x, &len) : NULL;
  good = good && len == n && (!n || !memcmp(p, rideBytes, n));
  if (!good) toyNo("state", txid, len);
  snSnapshotDrop(x);
  return good && toyWhole(s);
}

static int rideBase(Store *s) {
  int rc = toyBegin(s);
  return rc ? rc : toyOver(s, toyPut(s, 0, 5000));
}

/* ---- 1: which may not --------------------------------------------------- */

static Reserve rideAside;
static Stream *rideStream;

static int doPut(Store *s) { return toyPut(s, 1, 10); }
static int doFree(Store *s) { return toyFree(s, 0); }
static int doAside(Store *s) { return snReserve(s, 10, &rideAside); }
static int doStream(Store *s) { return snStreamBegin(s, 1, 0, &rideStream); }
static int doPutSpill(Store *s) {
  ExtentRef r;
  int rc = doPut(s);
  return rc ? rc : snWriterSpill(s, "x", 1, 1, &r);
}
static int doRipe(Store *s) { /* it asked which buried pages are free */
  ExtentRef r;
  int rc = snWriterPut(s, "x", 1, 1, &r);
  return rc ? rc : snWriterFree(s, &r);
}

static void refuseGroup(void) {
  static const struct {
    int (*doing)(Store *s);
    u32 states; /* of three on pages that were buried are free */
    const char *name;
  } table[] = {
    {doPut, 1, "it puts an extent"}, {doPutSpill, 1, "... and spills another"},
    {doFree, 1, "it frees one"}, {doAside, 1, "it sets pages aside"},
    {doStream, 1, "it has a stream"}, {doRipe, 3, "what was buried is free"},
  };
  for (u32 i = 0; i < SN_COUNT(table); i++) {
    Store *s = toyFresh(rideBase);
    bool good = true;
    for (u32 k = 1; good && k < table[i].states; k++) good = !rideBase(s);
    good = good && !toyBegin(s) && snWriterRides(s) && !table[i].doing(s)
        && !snWriterRides(s);
    rideFill(100, 1);
    good = good
        && snWriterCommit(s, NULL, 0, rideBytes, 100) == SEINE_MISUSE;
    if (rideStream) good = good && toyCommit(s) == SEINE_MISUSE;
    snWriterRollback(s);
    snStreamAbort(rideStream);
    rideStream = NULL;
    toyOk(good && rideIs(s, table[i].states, 0), table[i].name);
    snStoreClose(s);
  }
  Store *s = toyFresh(NULL);
  toyOk(!snWriterRides(s)
      && snWriterCommit(s, NULL, 0, rideBytes, 1) == SEINE_MISUSE,
      "no transaction");
  toyOk(ride(s, 1, 1) == SEINE_MISUSE && rideIs(s, 0, 0), "a new file");
  u8 root[TOY_ROOT] = {0};
  bool good = !rideBase(s) && !toyBegin(s);
  good = good && snWriterCommit(s, NULL, 0, rideBytes, STORE_DELTA + 1)
      == SEINE_MISUSE && snWriterCommit(s, root, sizeof root, rideBytes,
      STORE_DELTA + 1) == SEINE_MISUSE;
  snWriterRollback(s);
  toyOk(good && rideIs(s, 1, 0), "more bytes than a claim has");
  toyOk(!toyBegin(s) && !snWriterCommit(s, NULL, 0, NULL, 0)
      && rideIs(s, 2, 0), "no root and no delta: a state that is empty");
  snStoreClose(s);
}

/* ---- 2: what is seen ---------------------------------------------------- */

static void seenGroup(void) {
  static const u32 lens[] = {1, 31, 32, 3000, STORE_DELTA};
  Store *s = toyFresh(rideBase), *other = toyOpen(&probeVfs);
  Snapshot *was = NULL, *now = NULL;
  u64 txid = 1, size = 0;
  bool good = !snSnapshotOpen(s, &was) && !snSnapshotOpen(other, &now);
  snSnapshotDrop(now);
  for (u32 i = 0; good && i < SN_COUNT(lens); i++) {
    ExtentRef root = *snSnapshotRef(was);
    u64 writes;
    probeFail(PROBE_WRITE, 0, false);
    good = !ride(s, lens[i], (u8)(i + 1));
    writes = probeSeen;
    good = good && rideIs(s, ++txid, lens[i]) && rideIs(other, txid, lens[i])
        && writes <= 2 && !snSnapshotOpen(other, &now)
        && snExtentSame(&root, snSnapshotRef(now));
    snSnapshotDrop(now);
  }
  toyOk(good, "of one byte to all that there is room for");
  u32 len;
  toyOk(!snSnapshotDelta(was, &len) && !len && snSnapshotTxid(was) == 1,
      "who reads the base sees the base");
  toyOk(!snSnapshotOpen(s, &now) && !snSnapshotSame(was, now)
      && !memcmp(snSnapshotRef(was), snSnapshotRef(now), sizeof(ExtentRef)),
      "two states with one root");
  snSnapshotDrop(now);
  snSnapshotDrop(was);
  snStoreClose(other);
  snStoreClose(s);
  s = toyOpen(&probeVfs);
  toyOk(rideIs(s, txid, STORE_DELTA), "the file, opened again");
  toyOk(!rideBase(s) && rideIs(s, txid + 1, 0), "a root without a delta");
  good = !s->file->ops->size(s->file, &size) && !ride(s, 50, 9);
  toyOk(good && !toyBegin(s) && !toyOver(s, doRipe(s)) && rideIs(s, txid + 3, 0)
      && size == s->size, "and the other way round");
  snStoreClose(s);
}

/* ---- 3: spills ---------------------------------------------------------- */

/* Spills len bytes; the delta names them. */
static int spillRide(Store *s, u64 len, ExtentRef *ref) {
  u8 *p = malloc(len + 1);
  int rc = toyBegin(s);
  toyFill(p, 77, 0, len);
  rideFill(100, 5);
  if (!rc) rc = snWriterSpill(s, p, len, 77, ref);
  if (!rc) snExtentRefPut(rideBytes, ref);
  if (!rc && !snWriterRides(s)) rc = SEINE_FULL;
  if (!rc) rc = snWriterCommit(s, NULL, 0, rideBytes, 100);
  if (rc) snWriterRollback(s);
  free(p);
  return rc;
}

static u64 spillPages(Store *s) { /* that the newest state promises */
  SlotPick pick = {0};
  if (snSlotRead(s, &s->scratch)
      || snSlotPick(s, &s->scratch, false, &pick)) return 0;
  return pick.pages;
}

static void spillGroup(void) {
  Store *s = toyFresh(rideBase);
  ExtentRef ref, none = {0};
  u64 before;
  bool good = !rideBase(s) && !rideBase(s);
  toyOk(snWriterSpill(s, "x", 1, 1, &ref) == SEINE_MISUSE
      && !memcmp(&ref, &none, sizeof ref), "no transaction");
  before = spillPages(s);
  toyOk(good && !spillRide(s, 200000, &ref) && ref.page + 49 > before
      && spillPages(s) >= ref.page + snExtentPages(ref.len)
      && rideIs(s, 4, 100), "at the end: the file has to be as long");
  snStoreClose(s);
  s = toyOpen(&probeVfs);
  toyOk(rideIs(s, 4, 100) && !rideDrop(s), "opened again");
  good = !toyBegin(s) && !toyOver(s, toyPut(s, 2, 60000));
  for (u32 i = 0; good && i < 3; i++)
    good = !toyBegin(s) && !toyOver(s, toyPut(s, 3, 10));
  before = spillPages(s);
  good = good && !spillRide(s, 5, &ref);
  toyOk(good && ref.page + 1 < before && spillPages(s) == before
      && rideIs(s, 10, 100), "into a hole: as long as before");
  snStoreClose(s);
}

/* ---- 4: beside a list --------------------------------------------------- */

/* A commit of n extents and a delta: flags and list of its claim. */
static bool listRun(u32 n, u32 bytes, bool synced) {
  Store *s = toyFresh(rideBase);
  u8 root[TOY_ROOT] = {0};
  SlotSet *x = &s->scratch;
  bool good = !toyBegin(s);
  u64 syncs;
  for (u32 i = 0; good && i < n; i++) {
    ExtentRef r;
    good = !snWriterPut(s, "x", 1, 1, &r);
  }
  good = good && !toyFree(s, 0);
  rideFill(bytes, 3);
  probeFail(PROBE_SYNC, 0, false);
  good = good
      && !snWriterCommit(s, root, sizeof root, rideBytes, bytes);
  syncs = probeSeen;
  good = good && rideIs(s, 2, bytes) && !snSlotRead(s, x);
  for (u32 i = 0; good && i < STORE_SLOTS; i++) {
    const SlotRec *r = x->rec + i;
    if (r->txid != 2 || (r->flags & SLOT_CONF)) continue;
    good = r->ndelta == bytes && r->nlist == (synced ? 0 : n + 1)
        && !(r->flags & SLOT_PRE) == !synced && syncs == 1u + synced;
  }
  snStoreClose(s);
  return good;
}

static void listGroup(void) {
  toyOk(listRun(3, STORE_DELTA, false) && listRun(5, STORE_DELTA, false),
      "a long delta and a few extents");
  toyOk(listRun(6, STORE_DELTA, true) && listRun(50, STORE_DELTA, true),
      "with more of them it is synced twice");
  toyOk(listRun(50, 2000, false), "many of them and a short one");
}

/* ---- 5: in doubt -------------------------------------------------------- */

/* The handle is poisoned: its claim is in the file, and not confirmed. */
static Store *doubtMake(bool rides) {
  Store *s = toyFresh(rideBase);
  probeFail(PROBE_SYNC, 1, false);
  int rc = rides ? ride(s, 100, 8) : rideBase(s);
  toyOk(rc == SEINE_IOERR && snWriterUnknown(s)
      && strstr(toySaid, "is unknown"), "a sync fails");
  return s;
}

static void doubtGroup(void) {
  Store *s = doubtMake(false), *other = toyOpen(&probeVfs);
  ExtentRef r;
  toyOk(other && !toyBegin(other) && !snWriterRides(other)
      && snWriterCommit(other, NULL, 0, rideBytes, 9) == SEINE_MISUSE,
      "what the base wrote has to be written anew");
  toyOk(!snWriterSpill(other, "x", 1, 1, &r) && snWriterDoubtful(other, NULL),
      "... spills or not");
  snWriterRollback(other);
  toyOk(!snWriterDoubtful(other, NULL) && !snWriterDoubtful(other, &r),
      "nothing is in doubt for who does not write");
  snStoreClose(other);
  snStoreClose(s);
  s = doubtMake(true);
  toyOk(rideIs(s, 1, 0), "its own handle reads the state before");
  other = toyOpen(&probeVfs);
  toyOk(other && !toyBegin(other) && !snWriterRides(other)
      && !snWriterDoubtful(other, NULL), "a rider wrote no extent");
  toyOk(!toyOver(other, toyPut(other, 0, 60)) && toyWhole(other),
      "a root goes over it");
  snStoreClose(other);
  snStoreClose(s);
}

/* ---- 6: faults ---------------------------------------------------------- */

/* A base that came in doubt meanwhile is settled by a root. */
static int faultAlone(Store *s, u32 n) {
  int rc = toyBegin(s);
  bool rides = !rc && snWriterRides(s);
  rideFill(n, 6);
  if (rides) rc = snWriterCommit(s, NULL, 0, rideBytes, n);
  if (rc) snWriterRollback(s);
  if (!rc && !rides) rc = toyOver(s, SEINE_OK);
  return rc;
}

static int faultRide(Store *s) {
  ExtentRef r;
  int rc = rideDrop(s);
  if (!rc) rc = faultAlone(s, 1000);
  if (!rc) rc = toyBegin(s);
  bool rides = !rc && snWriterRides(s);
  snWriterRollback(s);
  if (!rc && rides) rc = spillRide(s, 9000, &r);
  return rc ? rc : rideDrop(s);
}

/* By who opens the file, and by another handle beside it. */
static int faultOpen(Store *s) {
  Snapshot *a = NULL, *b = NULL;
  Store *own = toyOpen(&probeVfs);
  int rc = own ? snSnapshotOpen(own, &a) : SEINE_NOMEM;
  if (!rc) rc = faultAlone(s, 200);
  if (!rc) rc = snSnapshotOpen(own, &b);
  if (!rc && snSnapshotSame(a, b)) rc = SEINE_ERROR;
  snSnapshotDrop(a);
  snSnapshotDrop(b);
  snStoreClose(own);
  return rc;
}

static int faultBefore(Store *s) {
  int rc = rideBase(s);
  return rc ? rc : ride(s, 300, 1);
}

/* Nothing is left of the device but what was buried: a spill that takes pages
** of it has to say so in a root. */
static void fullGroup(void) {
  Store *s = toyFresh(rideBase);
  ExtentRef r;
  bool good = !toyBegin(s) && !toyOver(s, toyPut(s, 1, 300000))
      && !toyBegin(s) && !toyOver(s, toyFree(s, 1)) && !snWriterShrink(s);
  probeRoom = s->size;
  good = good && !toyBegin(s);
  for (u32 i = 0; good && i < 100; i++) {
    int rc = snWriterSpill(s, "x", 1, 1, &r);
    if (rc || !snWriterRides(s)) break;
  }
  toyOk(good && !snWriterRides(s) && s->w.nspilled == s->w.nputs,
      "a full device: a spill of buried pages does not ride");
  good = snWriterCommit(s, NULL, 0, rideBytes, 10) == SEINE_MISUSE;
  snWriterRollback(s);
  toyOk(good && rideIs(s, 3, 0), "... and is gone");
  probeRoom = 0;
  snStoreClose(s);
}

int main(void) {
  toyName("delta_test");
  probeOver(snOsMemory());
  refuseGroup();
  seenGroup();
  spillGroup();
  listGroup();
  doubtGroup();
  fullGroup();
  toyFaults(rideBase, faultRide, "faults: rows that ride and spill");
  toyFaults(faultBefore, faultOpen, "faults: readers of riders");
  return toyDone();
}
