/*
** Is this file a database, and which?  Page 0, and how a file becomes one.
**
** Bytes of page 0 (little-endian, the rest zeros):
**     0  16  magic
**    16   4  format version          20   4  oldest reader that may read it
**    24   4  page size               28   4  zero
**    32  16  uuid, random            48   8  checksum of bytes 0 .. 47
**            (a copy's follows from uuid and txid of what it was copied from)
**
** How a file becomes a database.  The first transaction that writes grows the
** empty file to exactly five pages, writes header and genesis record (txid 0,
** confirmed, no root, in slot 1) with one write, and syncs.  Only when that
** sync succeeded, the file grows beyond five pages.  So:
** (1) A file of more than five pages has a durable header, and a durable
**     genesis record until later claims take its place: there is always a
**     durable state D, also before the first commit, and rules W3 and W4 hold
**     without exception.  A bad header, or four bad slots, in such a file is
**     damage, not youth.
** (2) A file of at most five pages holds no commit, since every commit has a
**     root extent.  Its creation may have been torn, or its sync have failed
**     with the cache still showing everything: so whatever it shows, it opens
**     as empty, and the next writer creates it again with another uuid.  Old
**     sectors cannot complete new records: both records are smaller than a
**     sector here, and are seeded by the uuid.  (Exception: slots that show
**     a whole commit in so short a file.  It was cut: not fresh, CORRUPT.)
** (3) Torn creation or somebody else's file?  No bytes, or only zeros, are
**     nobody's.  A valid header is ours.  An invalid one is taken for ours
**     only when the file is exactly five pages long and slots 2 to 4, which
**     the creation leaves zeros, are so: the length that step one of the
**     creation sets.  (A boot sector in an empty disk image, a short text
**     file, a small tar file are none of these.)  Everything else is NOTADB.
**     For this, slots 2 to 4 of an earlier life (its growth was lost in a
**     crash, its claims were not) are cleared and synced before a file is
**     created again; the header on disk is whole until then.
*/
#include "store/storeInt.h"

#define HEADER_VERSION 1u
#define HEADER_READER  1u
#define HEADER_BYTES   48u
#define HEADER_SIZE    ((u64)STORE_FIRST * SN_PAGE)
#define HEADER_GROWTH  ((u64)16 * SN_PAGE)

static const u8 headerMagic[16] = {
  'S', 'e', 'i', 'n', 'e', ' ', 'd', 'b', '\r', '\n', 0x1a, '\n', 0, 0xff, 0,
  0,
};

static bool headerZeros(const u8 *p, size_t n) {
  for (size_t i = 0; i < n; i++) {
    if (p[i]) return false;
  }
  return true;
}

/* The first five pages when page 0 is not a header: rule (3). */
static int headerNone(Store *s, u64 size) {
  u8 *p = NULL;
  bool ours = false;
  int rc;
  if (size <= HEADER_SIZE) {
    p = snMemAlloc(s->config.budget, HEADER_SIZE);
    if (!p) return SN_NOMEM;
    rc = snStoreReadAt(s, 0, p, HEADER_SIZE);
    if (rc) goto done;
    ours = headerZeros(p, HEADER_SIZE)
        || (size == HEADER_SIZE
            && headerZeros(p + 2 * SN_PAGE, HEADER_SIZE - 2 * SN_PAGE));
  }
  rc = SEINE_OK;
  if (!ours) {
    rc = snStoreSay(s, SEINE_NOTADB, "%s is not a Seine database",
        snStoreName(s));
  }
done:
  snMemFree(p);
  return rc;
}

/* The header is ours, the file short: rule (2). */
static int headerYoung(Store *s) {
  SlotSet set = {0};
  SlotPick pick;
  int rc = snSlotInit(s, &set);
  if (!rc) rc = snSlotRead(s, &set);
  if (!rc) {
    bool any = false;
    for (u32 i = 0; i < STORE_SLOTS; i++) {
      if (set.rec[i].state == SLOT_VALID) any = true;
    }
    if (any) rc = snSlotPick(s, &set, true, &pick);
    s->fresh = !rc && (!any || !pick.txid);
    if (rc == SEINE_CORRUPT) rc = SEINE_OK; /* told when it is read */
  }
  snSlotClear(&set);
  return rc;
}

static void headerUuid(Store *s, const u8 *p) {
  s->fresh = false;
  memcpy(s->uuid, p + 32, 16);
  s->seed = snHash(s->uuid, 16, 0);
}

/* A damaged header is believed when the rest is to be saved: what matters of
** it is the uuid. */
static bool headerLost(Store *s, const u8 *p, u64 size) {
  if (!s->config.recover || size <= HEADER_SIZE) return false;
  if (snHash(p, HEADER_BYTES, 0) == snGet64(p + HEADER_BYTES)) return false;
  snLostSay(s, "the header is damaged");
  headerUuid(s, p);
  return true;
}

int snHeaderRead(Store *s) {
  u8 p[HEADER_BYTES + 8];
  u64 size;
  int rc = s->file->ops->size(s->file, &size);
  if (rc) return rc;
  s->size = size;
  memset(p, 0, sizeof p);
  if (size) rc = snStoreReadAt(s, 0, p, sizeof p);
  if (rc) return rc;
  s->fresh = true;
  if (!size) return SEINE_OK;
  if (headerLost(s, p, size)) return SEINE_OK;
  if (memcmp(p, headerMagic, sizeof headerMagic)) return headerNone(s, size);
  if (snHash(p, HEADER_BYTES, 0) != snGet64(p + HEADER_BYTES)) {
    if (size <= HEADER_SIZE) return headerNone(s, size);
    return snStoreSay(s, SN_CORRUPT, "the header of %s is damaged",
        snStoreName(s));
  }
  if (snGet32(p + 20) > HEADER_VERSION) {
    return snStoreSay(s, SEINE_CANTOPEN,
        "%s was written by a newer version of Seine", snStoreName(s));
  }
  if (snGet32(p + 24) != SN_PAGE) {
    return snStoreSay(s, SN_CORRUPT, "%s has an unknown page size",
        snStoreName(s));
  }
  if (snGet32(p + 16) > HEADER_VERSION) s->read_only = true;
  headerUuid(s, p);
  return size > HEADER_SIZE ? SEINE_OK : headerYoung(s);
}

/* Rule (3): what an earlier life left in slots 2 to 4. */
static int headerClear(Store *s) {
  u64 n = HEADER_SIZE - 2 * SN_PAGE;
  u8 *p = snMemAlloc(s->config.budget, (size_t)n);
  int rc;
  if (!p) return SN_NOMEM;
  rc = snStoreReadAt(s, 2 * SN_PAGE, p, (size_t)n);
  if (!rc && !headerZeros(p, (size_t)n)) {
    memset(p, 0, (size_t)n);
    rc = snStoreWriteAt(s, 2 * SN_PAGE, p, (size_t)n);
    if (!rc) rc = snWriterSync(s, "creating the database");
  }
  snMemFree(p);
  return rc;
}

int snHeaderCreate(Store *s) {
  SlotRec genesis = {0};
  u8 *p = snMemZero(s->config.budget, 2 * SN_PAGE);
  int rc;
  if (!p) return SN_NOMEM;
  if (s->is_copy) memcpy(s->uuid, s->copy_uuid, 16);
  else s->config.vfs->random(s->config.vfs, s->uuid, 16);
  s->seed = snHash(s->uuid, 16, 0);
  memcpy(p, headerMagic, sizeof headerMagic);
  snPut32(p + 16, HEADER_VERSION);
  snPut32(p + 20, HEADER_READER);
  snPut32(p + 24, SN_PAGE);
  memcpy(p + 32, s->uuid, 16);
  snPut64(p + HEADER_BYTES, snHash(p, HEADER_BYTES, 0));
  genesis.flags = SLOT_CONF | SLOT_PRE;
  genesis.pages = STORE_FIRST;
  snSlotBuild(s, p + SN_PAGE, &genesis, NULL, NULL);
  rc = headerClear(s);
  if (!rc) rc = s->file->ops->allocate(s->file, HEADER_SIZE);
  if (!rc) rc = snStoreWriteAt(s, 0, p, 2 * SN_PAGE);
  if (!rc && !STORE_FAULT(FAULT_CREATE)) {
    rc = snWriterSync(s, "creating the database");
  }
  if (!rc) rc = s->file->ops->allocate(s->file, HEADER_SIZE + HEADER_GROWTH);
  if (!rc) {
    s->fresh = false;
    s->size = SN_MAX(s->size, HEADER_SIZE + HEADER_GROWTH);
  }
  snMemFree(p);
  return rc;
}

#undef HEADER_VERSION
#undef HEADER_READER
#undef HEADER_BYTES
#undef HEADER_SIZE
#undef HEADER_GROWTH
