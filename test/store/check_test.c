/*
** What a store says of itself: StoreInfo, and what a check of the file finds.
**   1  the numbers: of no file, of a new one, within a transaction and beside
**      one, for one who cannot name the extents
**   2  each part of the file damaged under an open store: one finding, which
**      says what and where
**   3  each allocation and each call fails, once and from then on
*/
#include "store/toy.h"

/* ---- 1: numbers --------------------------------------------------------- */

/* The pages of the newest state, of the graveyard and the free ones are all
** that the file has. */
static bool infoAll(Store *s, StoreInfo *i) {
  if (snStoreInfo(s, i)) return toyNo("info", 0, 0);
  return i->pages == i->file_bytes / SN_PAGE
      && i->free_pages + i->graveyard_pages <= i->pages;
}

static u64 infoUsed(const StoreInfo *i) {
  return i->pages - i->free_pages - i->graveyard_pages;
}

static void infoGroup(void) {
  Store *s = toyFresh(NULL), *other;
  StoreInfo i, k;
  toyOk(infoAll(s, &i) && !i.txid && !i.pages && !i.confirmed && !i.shared,
      "no file yet");
  toyOk(!toyBegin(s) && !toyPut(s, 0, 5000), "a first transaction");
  snWriterRollback(s);
  snWriterSetWalk(s, NULL, NULL);
  toyOk(infoAll(s, &i) && !i.txid && infoUsed(&i) == STORE_FIRST
      && i.pages > STORE_FIRST, "that is rolled back leaves free pages");
  snWriterSetWalk(s, toyWalk, NULL);
  toyOk(!toyBegin(s) && !toyOver(s, SEINE_OK) && infoAll(s, &i)
      && i.txid == 1 && i.confirmed && infoUsed(&i) == STORE_FIRST + 1,
      "an empty state: the head and a root");
  toyOk(!toyBegin(s) && !toyOver(s, toyPut(s, 0, 9 * SN_PAGE)) && infoAll(s, &i)
      && i.txid == 2 && infoUsed(&i) == STORE_FIRST + 11
      && i.graveyard_pages == 1, "an extent of ten pages, a dead root");
  toyOk(!toyBegin(s) && !snWriterReady(s) && infoAll(s, &k)
      && !memcmp(&i, &k, sizeof i), "the same in a transaction");
  toyOk(!toyPut(s, 1, 1) && infoAll(s, &k) && k.txid == i.txid
      && infoUsed(&k) == infoUsed(&i) + 1, "which has put one more");
  snWriterRollback(s);
  other = toyOpen(&probeVfs);
  toyOk(infoAll(other, &k) && k.shared && infoUsed(&k) == infoUsed(&i),
      "by another one");
  snWriterSetWalk(other, NULL, NULL);
  toyOk(!snStoreInfo(other, &k) && k.txid == i.txid && !k.free_pages
      && !k.graveyard_pages && k.confirmed,
      "one that cannot name the extents does not count them");
  snStoreClose(other);
  snStoreClose(s);
}

/* While one commit is being synced another store of the process begins the
** next transaction on it; what it says is of the state that readers see. */
static Store *infoOther;
static StoreInfo infoBeside;
static u64 infoBase;
static int infoRc;

static void infoSyncing(void) {
  Snapshot *base;
  probeSyncing = NULL;
  infoRc = snWriterBegin(infoOther, &base);
  if (!infoRc) infoBase = snSnapshotTxid(base);
  if (!infoRc) infoRc = snWriterReady(infoOther);
  if (!infoRc) infoRc = snStoreInfo(infoOther, &infoBeside);
  snWriterRollback(infoOther);
}

static void infoGrouped(void) {
  Store *s = toyFresh(NULL);
  StoreInfo i;
  infoOther = toyOpen(&probeVfs);
  infoRc = SEINE_ERROR;
  bool good = !toyBegin(s) && !toyOver(s, toyPut(s, 0, 5000)) && infoAll(s, &i);
  good = good && !toyBegin(s) && !toyPut(s, 1, 5000);
  probeSyncing = infoSyncing;
  good = good && !toyOver(s, SEINE_OK);
  probeSyncing = NULL;
  toyOk(good && !infoRc && infoBase == i.txid + 1 && infoBeside.txid == i.txid
      && infoUsed(&infoBeside) >= infoUsed(&i) && toyWhole(s),
      "a transaction on a state that is not durable yet");
  snStoreClose(infoOther);
  snStoreClose(s);
}

/* ---- 2: damage ---------------------------------------------------------- */

static u32 damageFound;
static char damageText[300];

static void damageSay(void *arg, const char *text) {
  (void)arg;
  damageFound++;
  snprintf(damageText, sizeof damageText, "%s", text);
}

typedef enum DamageWhat {
  DAMAGE_NONE, DAMAGE_HEADER, DAMAGE_MAGIC, DAMAGE_SLOTS, DAMAGE_ROOT,
  DAMAGE_TAIL, DAMAGE_CUT, DAMAGE_TWIN
} DamageWhat;

static const struct {
  DamageWhat what;
  u32 findings;
  const char *says, *name;
} damages[] = {
  {DAMAGE_NONE, 0, "", "nothing is damaged"},
  {DAMAGE_HEADER, 1, "the header is damaged", "the checksum of the header"},
  {DAMAGE_MAGIC, 1, "the header is damaged", "the first byte of the file"},
  {DAMAGE_SLOTS, 1, "no slot holds state 2 any more", "all of the slots"},
  {DAMAGE_ROOT, 1, "the root at page", "the root"},
  {DAMAGE_TAIL, 1, "the file ends inside page", "a piece of a page behind"},
  {DAMAGE_CUT, 4, "lies outside the file", "the end is cut off"},
  {DAMAGE_TWIN, 0, "", "a record of another state of its number"},
};

/* The page of a record that names another root. */
static void damageTwin(Store *s, u8 *page) {
  SlotRec r = {0};
  for (u32 i = 0; !snSlotRead(s, &s->scratch) && i < STORE_SLOTS; i++)
    if (s->scratch.rec[i].txid == 2) r = s->scratch.rec[i];
  r.nlist = 0;
  r.root.sum ^= 1;
  snSlotBuild(s, page, &r, NULL, NULL);
}

static bool damageDo(Store *s, DamageWhat what, const Snapshot *n) {
  static u8 junk[STORE_SLOT_BYTES];
  File *f = NULL;
  u64 size = 0;
  bool good = !snOsMemory()->open(snOsMemory(), toyPath, 0, &f)
      && !f->ops->size(f, &size);
  memset(junk, 0x5a, sizeof junk);
  switch (what) {
  case DAMAGE_HEADER: good &= !f->ops->write(f, 50, junk, 1); break;
  case DAMAGE_MAGIC: good &= !f->ops->write(f, 0, junk, 1); break;
  case DAMAGE_SLOTS:
    good &= !f->ops->write(f, SN_PAGE, junk, sizeof junk);
    break;
  case DAMAGE_ROOT:
    good &= !f->ops->write(f, n->ref.page * SN_PAGE + 9, junk, 1);
    break;
  case DAMAGE_TAIL: good &= !f->ops->write(f, size, junk, 100); break;
  case DAMAGE_CUT: good &= !f->ops->truncate(f, n->ref.page * SN_PAGE); break;
  case DAMAGE_TWIN:
    damageTwin(s, junk);
    good &= !f->ops->write(f, SN_PAGE, junk, SN_PAGE);
    break;
  default: break;
  }
  f->ops->close(f);
  return good;
}

static void damageGroup(void) {
  for (u32 i = 0; i < SN_COUNT(damages); i++) {
    Store *s = toyFresh(NULL);
    Snapshot *n = NULL;
    bool good = !toyBegin(s) && !toyOver(s, toyPut(s, 0, 70000))
        && !toyBegin(s) && !toyOver(s, toyPut(s, 1, 70000))
        && !snSnapshotOpen(s, &n) && damageDo(s, damages[i].what, n);
    damageFound = 0;
    damageText[0] = 0;
    int rc = good ? snStoreCheck(s, n, damageSay, NULL) : SEINE_ERROR;
    good = good && !rc && damageFound == damages[i].findings
        && strstr(damageText, damages[i].says);
    if (!good)
      printf("# rc %d, %u findings: %s\n", rc, damageFound, damageText);
    toyOk(good, damages[i].name);
    snSnapshotDrop(n);
    snStoreClose(s);
  }
}

/* What is no finding: no file, no state, no walk, a newer state. */
static void soundGroup(void) {
  Store *s = toyFresh(NULL);
  Snapshot *n = NULL;
  damageFound = 0;
  toyOk(!snSnapshotOpen(s, &n) && !snStoreCheck(s, n, damageSay, NULL)
      && !damageFound, "no file yet");
  toyOk(!toyBegin(s) && !toyOver(s, toyPut(s, 0, 100))
      && !snStoreCheck(s, n, damageSay, NULL) && !damageFound,
      "the state before the first one");
  snSnapshotDrop(n);
  toyOk(!snSnapshotOpen(s, &n) && !toyBegin(s) && !toyOver(s, toyFree(s, 0))
      && !toyBegin(s) && !toyOver(s, toyPut(s, 0, 200))
      && !toyBegin(s) && !toyOver(s, toyPut(s, 0, 200))
      && !snStoreCheck(s, n, damageSay, NULL) && !damageFound,
      "a state that others have followed");
  snWriterSetWalk(s, NULL, NULL);
  toyOk(!snStoreCheck(s, n, damageSay, NULL) && !damageFound,
      "by one that cannot name the extents");
  snSnapshotDrop(n);
  snStoreClose(s);
}

/* ---- 3: faults ---------------------------------------------------------- */

static int faultBefore(Store *s) {
  int rc = toyBegin(s);
  if (!rc) rc = toyOver(s, toyPut(s, 0, 70000));
  if (!rc) rc = toyBegin(s);
  return rc ? rc : toyOver(s, toyPut(s, 0, 100));
}

/* All that there is to say, by one who has just opened the file. */
static int faultScene(Store *s) {
  StoreConfig c = {.vfs = &probeVfs, .path = toyPath, .message = toyMessage};
  Store *own = NULL;
  Snapshot *n = NULL;
  StoreInfo i;
  int rc = snStoreOpen(&c, &own);
  (void)s;
  if (!rc) snWriterSetWalk(own, toyWalk, NULL);
  if (!rc) rc = snStoreInfo(own, &i);
  if (!rc) rc = snSnapshotOpen(own, &n);
  damageFound = 0;
  if (!rc) rc = snStoreCheck(own, n, damageSay, NULL);
  snSnapshotDrop(n);
  snStoreClose(own);
  return !rc && damageFound ? SEINE_ERROR : rc;
}

int main(void) {
  toyName("check_test");
  probeOver(snOsMemory());
  infoGroup();
  infoGrouped();
  damageGroup();
  soundGroup();
  toyFaults(faultBefore, faultScene, "faults: what is said of a file");
  return toyDone();
}
