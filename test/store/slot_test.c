/*
** Slots that no session of this library leaves so, but several of them, a
** power loss, or whoever forges a file may.
**   1  S1: a false claim is erased, and the erasing is torn: no sector of it
**      makes the claim whole
**   2  S3: which copy of a claim in doubt is written over
**   3  slots that must all stay: the commit is refused, and nothing is lost
**   4  the last txid that there is
**   5  the length of the file, of which the slots say too much or too little
**   6  what can be saved when no slot has its checksum, or none leads to a
**      state; files that are short, or shorter than their state says
*/
#include "store/toy.h"

static SlotRec slotClaim, slotConf; /* of state 2, the newest */
static u32 slotClaimAt, slotConfAt;
static u8 slotDelta[300];

static bool slotBytes(u32 at, const u8 *p, u64 n) {
  File *f = NULL;
  bool good = !snOsMemory()->open(snOsMemory(), toyPath, 0, &f)
      && !f->ops->write(f, (at + 1) * (u64)SN_PAGE, p, n);
  if (f) f->ops->close(f);
  return good;
}

/* Writes a record past every store. */
static bool slotPut(Store *s, u32 at, SlotRec rec) {
  u8 page[SN_PAGE];
  snSlotBuild(s, page, &rec, NULL, slotDelta);
  return slotBytes(at, page, SN_PAGE);
}

static Store *slotStart(void) {
  Store *s = toyFresh(NULL);
  bool good = s != NULL;
  for (u32 i = 0; good && i < 2; i++)
    good = !toyBegin(s) && !toyOver(s, toyPut(s, i, 5000));
  good = good && !snSlotRead(s, &s->scratch);
  for (u32 i = 0; good && i < STORE_SLOTS; i++) {
    const SlotRec *r = s->scratch.rec + i;
    bool conf = (r->flags & SLOT_CONF) != 0;
    if (r->state != SLOT_VALID || r->txid != 2) continue;
    *(conf ? &slotConf : &slotClaim) = *r;
    *(conf ? &slotConfAt : &slotClaimAt) = i;
  }
  memset(slotDelta, 0, sizeof slotDelta);
  snStoreClose(s);
  return good ? toyOpen(&probeVfs) : NULL;
}

/* A state on the root of state 2, with a delta. */
static SlotRec slotRider(u64 txid, u32 flags, u32 gen) {
  SlotRec r = slotClaim;
  r.txid = txid;
  r.flags = flags;
  r.gen = gen;
  r.base = 2;
  r.base_slot = slotClaimAt;
  r.nlist = 0;
  r.ndelta = sizeof slotDelta;
  return r;
}

/* The slots that do not hold the claim of state 2. */
static u32 slotOther(u32 k) { return (slotClaimAt + 1 + k) % STORE_SLOTS; }

static u64 slotNewest(void) { return toyNewest(toyOpen(&probeVfs)); }

/* ---- 1: erasing --------------------------------------------------------- */

#define ERASE_FROM 1024u /* sectors that the claim has as zeros */
#define ERASE_TO   3072u

/* The state that opens when of a false claim those sectors alone, which it
** lacks, are what the erasing has written. */
static u64 eraseTorn(bool tell) {
  Store *s = slotStart();
  u8 page[SN_PAGE], after[SN_PAGE];
  u32 at = slotOther(0) == slotConfAt ? slotOther(1) : slotOther(0);
  SlotRec rec = slotRider(3, 0, 0);
  File *f = NULL;
  snSlotBuild(s, page, &rec, NULL, slotDelta);
  memset(page + ERASE_FROM, 0x3c, ERASE_TO - ERASE_FROM);
  bool good = slotBytes(at, page, SN_PAGE) && slotNewest() == 2
      && !toyBegin(s) && !snWriterReady(s);
  snWriterRollback(s);
  snStoreClose(s);
  good = good && !snOsMemory()->open(snOsMemory(), toyPath, 0, &f)
      && !f->ops->read(f, (at + 1) * (u64)SN_PAGE, after, SN_PAGE);
  if (f) f->ops->close(f);
  if (tell) toyOk(good && memcmp(page, after, 8), "a false claim is erased");
  memcpy(page + ERASE_FROM, after + ERASE_FROM, ERASE_TO - ERASE_FROM);
  return good && slotBytes(at, page, SN_PAGE) ? slotNewest() : 0;
}

static void eraseGroup(void) {
  toyOk(eraseTorn(true) == 2, "half of the erasing does not complete it");
  snStoreFaultSet(FAULT_ERASE_ZEROS);
  toyOk(eraseTorn(false) == 3, "fault: with zeros it does");
  snStoreFaultSet(FAULT_NONE);
}

/* ---- 2: copies ---------------------------------------------------------- */

static void copyGroup(void) {
  static const u32 gens[][3] = {{0, 5, 3}, {0, 3, 5}, {3, 0, 5}, {5, 0, 3},
      {3, 5, 0}, {5, 3, 0}};
  for (u32 i = 0; i < SN_COUNT(gens); i++) {
    Store *s = slotStart();
    bool good = s != NULL;
    for (u32 k = 0; good && k < 3; k++)
      good = slotPut(s, slotOther(k), slotRider(3, SLOT_PRE, gens[i][k]));
    good = good && !toyBegin(s) && !snWriterReady(s)
        && !snSlotRead(s, &s->scratch);
    for (u32 k = 0; good && k < 3; k++) {
      const SlotRec *r = s->scratch.rec + slotOther(k);
      bool conf = (r->flags & SLOT_CONF) != 0;
      good = r->txid == 3 && r->ndelta == sizeof slotDelta
          && (gens[i][k] == 0 ? !r->gen && !conf
          : gens[i][k] == 5 ? r->gen == 6 && !conf : conf);
    }
    good = good && s->scratch.rec[slotClaimAt].txid == 2;
    snWriterRollback(s);
    toyOk(good && slotNewest() == 3,
        "the oldest stays, the latest is copied over");
    snStoreClose(s);
  }
}

/* ---- 3: all must stay --------------------------------------------------- */

/* T is 9, D is 2, and 5 and 7 may be all that a crash leaves. */
static Store *keptStart(u32 flags) {
  Store *s = slotStart();
  bool good = s && slotPut(s, slotOther(0), slotRider(5, 0, 0))
      && slotPut(s, slotOther(1), slotRider(9, flags, 0))
      && slotPut(s, slotOther(2), slotRider(7, 0, 0));
  return good ? s : NULL;
}

static void keptGroup(void) {
  Store *s = keptStart(SLOT_PRE);
  ExtentRef r;
  toyOk(s && !toyBegin(s) && snWriterPut(s, "x", 1, 1, &r) == SEINE_CORRUPT
      && strstr(toySaid, "no slot can be overwritten"), "for a copy of it");
  snWriterRollback(s);
  toyOk(slotNewest() == 9, "... and nothing was");
  snStoreClose(s);
  s = keptStart(0);
  toyOk(s && !toyBegin(s) && toyOver(s, toyPut(s, 0, 1)) == SEINE_CORRUPT
      && strstr(toySaid, "no slot can be overwritten"), "for the next claim");
  toyOk(slotNewest() == 9, "... and nothing was");
  snStoreClose(s);
}

/* ---- 4: the last txid --------------------------------------------------- */

static void lastGroup(void) {
  Store *s = slotStart();
  bool good = s && slotPut(s, slotConfAt,
      slotRider(STORE_MAX_TXID - 2, SLOT_CONF, 0));
  toyOk(good && slotNewest() == STORE_MAX_TXID - 2 && !toyBegin(s)
      && !toyOver(s, toyPut(s, 0, 10))
      && slotNewest() == STORE_MAX_TXID - 1, "one is left");
  toyOk(toyBegin(s) == SEINE_FULL && !snWriterActive(s)
      && slotNewest() == STORE_MAX_TXID - 1, "none is left");
  snStoreClose(s);
}

/* ---- 5: promises -------------------------------------------------------- */

/* All records say that the file has n pages. */
static Store *promiseStart(u64 n) {
  Store *s = slotStart();
  SlotRec claim = slotClaim, conf = slotConf;
  if (!n) n = s->size / SN_PAGE;
  claim.nlist = 0;
  claim.pages = conf.pages = n;
  claim.base = conf.base = 2;
  claim.base_slot = conf.base_slot = slotClaimAt;
  for (u32 i = 0; s && i < STORE_SLOTS; i++)
    if (!slotPut(s, i, i == slotClaimAt ? claim : conf)) return NULL;
  return s;
}

static void promiseGroup(void) {
  Store *s = promiseStart(0);
  ExtentRef r;
  u64 pages = s->size / SN_PAGE;
  SlotPick pick = {0};
  bool good = !toyBegin(s) && !snWriterSpill(s, "x", 1, 1, &r)
      && !snWriterCommit(s, NULL, 0, slotDelta, 20)
      && !snSlotRead(s, &s->scratch)
      && !snSlotPick(s, &s->scratch, false, &pick);
  toyOk(good && pick.txid == 3 && pick.pages == pages && r.page < pages - 1,
      "more pages than are in use: a rider takes none back");
  snStoreClose(s);
  s = promiseStart(STORE_FIRST);
  u64 size = s->size;
  toyOk(!snWriterShrink(s) && s->size < size && slotNewest() == 2,
      "fewer: those in use are not cut off");
  snStoreClose(s);
}

/* ---- 6: saving ---------------------------------------------------------- */

static Store *saveOpen(int *rc) {
  StoreConfig c = {.vfs = &probeVfs, .path = toyPath, .message = toyMessage,
      .read_only = true, .recover = true};
  Store *s = NULL;
  *rc = snStoreOpen(&c, &s);
  return s;
}

/* What it opens as when it is saved; UINT64_MAX: not at all. */
static u64 saveAs(const char *lost) {
  int rc;
  Store *s = saveOpen(&rc);
  Snapshot *n = NULL;
  u64 txid = UINT64_MAX;
  bool said = !lost;
  if (!rc) rc = snSnapshotOpen(s, &n);
  if (!rc) txid = snSnapshotTxid(n);
  for (u32 k = 0; s && snLostText(s, k); k++)
    said = said || strstr(snLostText(s, k), lost);
  snSnapshotDrop(n);
  snStoreClose(s);
  return said ? txid : UINT64_MAX - 1;
}

static void saveSlots(void) {
  static const u8 none[SN_PAGE];
  static u8 junk[SN_PAGE];
  SlotRec genesis = {.flags = SLOT_CONF | SLOT_PRE, .pages = STORE_FIRST};
  u8 page[SN_PAGE];
  Store *s = slotStart();
  snSlotBuild(s, page, &slotConf, NULL, NULL);
  page[SN_PAGE - 1] ^= 1;
  memset(junk, 0x3c, sizeof junk);
  bool good = slotBytes(0, none, SN_PAGE) && slotBytes(1, page, SN_PAGE)
      && slotBytes(2, junk, SN_PAGE) && slotBytes(3, none, SN_PAGE);
  toyOk(good && saveAs("they are believed as they are") == 2,
      "a record without its checksum, beside pages that were never written");
  good = slotBytes(1, junk, SN_PAGE);
  toySaid[0] = 0;
  toyOk(good && saveAs(NULL) == UINT64_MAX
      && strstr(toySaid, "no slot leads to a state"), "no record at all");
  toyOk(slotPut(s, 1, genesis) && !saveAs(NULL) && slotNewest() == 0,
      "the record of a file without commits alone");
  snStoreClose(s);
}

static void saveShort(void) {
  static const u8 none[4 * SN_PAGE];
  Store *s = slotStart();
  File *f = NULL;
  SlotRec claim = slotClaim, conf = slotConf;
  claim.nlist = 0;
  claim.pages = conf.pages = s->size / SN_PAGE + 1;
  bool good = slotPut(s, slotClaimAt, claim) && slotPut(s, slotConfAt, conf);
  toyOk(good && slotNewest() == UINT64_MAX
      && strstr(toySaid, "is shorter than its newest state")
      && saveAs("the end of the file is missing") == 2,
      "a file that is a page too short");
  snStoreClose(s);
  good = !snOsMemory()->open(snOsMemory(), toyPath, 0, &f)
      && !f->ops->truncate(f, STORE_FIRST * SN_PAGE) && slotBytes(0, none,
      sizeof none);
  toyOk(good && !saveAs(NULL) && slotNewest() == 0, "five pages");
  good = !f->ops->write(f, 0, none, 1);
  toyOk(good && !saveAs(NULL), "... with a damaged header");
  good = !f->ops->truncate(f, 0);
  toyOk(good && !saveAs(NULL) && slotNewest() == 0, "no bytes");
  if (f) f->ops->close(f);
}

/* What is lost is said, and is no error; so the other errors are left. */
static int saveScene(Store *s) {
  int rc;
  Store *own = saveOpen(&rc);
  Snapshot *n = NULL;
  (void)s;
  if (!rc) rc = snSnapshotOpen(own, &n);
  snSnapshotDrop(n);
  snStoreClose(own);
  return rc == SEINE_CORRUPT || rc == SEINE_NOTADB ? SEINE_IOERR : rc;
}

static int saveBefore(Store *s) {
  int rc = toyBegin(s);
  return rc ? rc : toyOver(s, toyPut(s, 0, 70000));
}

/* Forged slots contradict each other: which of them is needed is not known. */
static void slotTold(const char *text) { (void)text; }

int main(void) {
  toyName("slot_test");
  probeOver(snOsMemory());
  snWatchTell(slotTold);
  eraseGroup();
  copyGroup();
  keptGroup();
  lastGroup();
  promiseGroup();
  saveSlots();
  saveShort();
  toyFaults(saveBefore, saveScene, "faults: what is saved");
  return toyDone();
}
