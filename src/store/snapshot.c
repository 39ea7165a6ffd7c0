/*
** Readers: which state, pinned how?
**
** Bytes of a root extent, the payload of which is named by a claim:
**     0   8  txid                    8   4  entries of the graveyard
**    12   4  length of the catalog root                 16   8  zero
**    24  24 each  graveyard: page, pages, txid of the commit that freed it
**     .   .  catalog root
**
** Invariants:
** (1) A pin is a shared lock on byte PIN + txid.  It is set before the slots
**     are read for the last time, so a writer that begins after that reading
**     sees it; and a writer that began before touches only what was freed
**     two commits ago, which the state does not reach (rule W1).
** (2) The root is loaded after the pin.
** (3) An idle handle pins nothing: the newest root stays in memory, its pin
**     goes with the last user.
*/
#include "store/storeInt.h"

#define SNAPSHOT_TRIES 200

/* ---- pins --------------------------------------------------------------- */

static int snapshotPin(Store *s, u64 txid) {
  if (!txid) return SEINE_OK; /* the empty database has no pages */
  return s->file->ops->lock(s->file, STORE_LOCK_PIN + txid, 1, LOCK_SHARED);
}

/* Drops the lock unless another snapshot needs it. */
static void snapshotUnpin(Store *s, u64 txid) {
  if (!txid) return;
  for (Snapshot *n = s->snaps; n; n = n->next) {
    if (n->pinned && n->txid == txid) return;
  }
  s->file->ops->lock(s->file, STORE_LOCK_PIN + txid, 1, LOCK_NONE);
}

int snSnapshotOldest(Store *s, u64 *out) {
  u64 from = STORE_LOCK_PIN, to = from + STORE_MAX_TXID, found;
  int rc = s->file->ops->lowest(s->file, from, to, &found);
  *out = UINT64_MAX;
  if (rc) return rc;
  if (found < to) *out = found - from;
  for (Snapshot *n = s->snaps; n; n = n->next) {
    if (n->pinned) *out = SN_MIN(*out, n->txid);
  }
  return SEINE_OK;
}

/* ---- life --------------------------------------------------------------- */

static void snapshotFree(Snapshot *n) {
  Snapshot **p = &n->store->snaps;
  while (*p != n) p = &(*p)->next;
  *p = n->next;
  snMemFree(n->bytes);
  snMemFree(n->delta);
  snMemFree(n);
}

static void snapshotSetLatest(Store *s, Snapshot *n) {
  Snapshot *old = s->latest;
  s->latest = n;
  if (old && old != n && !old->refs) snapshotFree(old);
}

void snSnapshotForget(Store *s) { snapshotSetLatest(s, NULL); }

/* The parts of a root; its checksum has been verified, but whoever forges a
** file can make that right.  The seed is its txid: with a delta there is
** nothing else that tells it, and any state may be the base of one. */
static int snapshotParse(Snapshot *n) {
  u64 need;
  if (n->ref.len < SNAPSHOT_HEAD) goto bad;
  if (snGet64(n->bytes) != n->ref.seed) goto bad;
  if (!n->ndelta && n->ref.seed != n->txid) goto bad;
  n->ngrave = snGet32(n->bytes + 8);
  n->catalog_len = snGet32(n->bytes + 12);
  need = SNAPSHOT_HEAD + (u64)n->ngrave * SNAPSHOT_GRAVE;
  if (need + n->catalog_len != n->ref.len) goto bad;
  n->catalog = n->bytes + need;
  return SEINE_OK;
bad:
  return snStoreSay(n->store, SN_CORRUPT, "%s: the root of state %llu is "
      "damaged", snStoreName(n->store), (unsigned long long)n->txid);
}

static Snapshot *snapshotNew(Store *s, const SlotPick *pick) {
  Snapshot *n = snMemZero(s->config.budget, sizeof *n);
  if (!n) return NULL;
  if (pick->ndelta) {
    n->delta = snMemAlloc(s->config.budget, pick->ndelta + SN_SLACK);
    if (!n->delta) {
      snMemFree(n);
      return NULL;
    }
    memcpy(n->delta, pick->delta, pick->ndelta);
    n->ndelta = pick->ndelta;
    n->delta_sum = pick->delta_sum;
  }
  n->store = s;
  n->txid = pick->txid;
  n->ref = pick->root;
  n->next = s->snaps;
  s->snaps = n;
  return n;
}

static Snapshot *snapshotFind(Store *s, const SlotPick *pick) {
  for (Snapshot *n = s->snaps; n; n = n->next) {
    if (n->txid == pick->txid && n->ref.page == pick->root.page
        && n->ref.sum == pick->root.sum && n->delta_sum == pick->delta_sum)
      return n;
  }
  return NULL;
}

/* Of a state with the same root, which is in memory. */
static int snapshotCopyRoot(Store *s, Snapshot *n, bool *done) {
  const Snapshot *o = s->snaps;
  *done = false;
  while (o && (o == n || !o->bytes || !snExtentSame(&o->ref, &n->ref)))
    o = o->next;
  if (!o) return SEINE_OK;
  n->bytes = snMemAlloc(s->config.budget, (size_t)o->ref.len + SN_SLACK);
  if (!n->bytes) return SN_NOMEM;
  memcpy(n->bytes, o->bytes, (size_t)o->ref.len + SN_SLACK);
  *done = true;
  return SEINE_OK;
}

static int snapshotRead(Store *s, Snapshot *n, const SlotPick *pick) {
  bool has;
  int rc;
  if (!n->txid) return SEINE_OK;
  rc = snStoreHas(s, pick->pages * SN_PAGE, &has);
  if (rc) return rc;
  if (!has) {
    rc = snStoreSay(s, SN_CORRUPT, "%s is shorter than its newest state",
        snStoreName(s));
    rc = snLostPass(s, rc, "the end of the file is missing");
    if (rc) return rc;
  }
  rc = snapshotCopyRoot(s, n, &has);
  if (!rc && !has) rc = snExtentLoad(s, &n->ref, &n->bytes);
  return rc ? rc : snapshotParse(n);
}

int snSnapshotAt(Store *s, const SlotPick *pick, Snapshot **out) {
  Snapshot *n = snapshotFind(s, pick);
  bool made = !n;
  int rc = SEINE_OK;
  *out = NULL;
  if (made) n = snapshotNew(s, pick);
  if (!n) return SN_NOMEM;
  if (!n->pinned) {
    rc = snapshotPin(s, n->txid);
    n->pinned = !rc && n->txid > 0;
  }
  if (!rc && made) rc = snapshotRead(s, n, pick);
  if (rc) {
    assert(!n->refs || !n->pinned); /* one that is in use cannot fail */
    n->pinned = false;
    snapshotUnpin(s, n->txid);
    if (made) snapshotFree(n);
    return rc;
  }
  n->refs++;
  *out = n;
  return SEINE_OK;
}

void snSnapshotAdopt(Store *s, const SlotPick *pick, u8 *bytes) {
  Snapshot *n = snapshotNew(s, pick);
  int rc = SEINE_OK;
  if (n) {
    n->bytes = bytes;
    rc = snapshotParse(n);
  } else {
    snMemFree(bytes);
  }
  assert(!rc); /* it was written just now, or is that of the base */
  (void)rc;
  snapshotSetLatest(s, n);
}

void snSnapshotGrave(const Snapshot *n, u32 i, SpaceGrave *out) {
  const u8 *p = n->bytes + SNAPSHOT_HEAD + (size_t)i * SNAPSHOT_GRAVE;
  assert(i < n->ngrave);
  out->page = snGet64(p);
  out->n = snGet64(p + 8);
  out->freed = snGet64(p + 16);
}

/* ---- opening ------------------------------------------------------------ */

/* Nothing moved since the newest state was found: one lock, one look. */
static int snapshotAgain(Store *s, Snapshot **out) {
  Snapshot *n = s->latest;
  bool same;
  int rc = SEINE_OK;
  if (!n || !n->txid) return SEINE_OK;
  if (!n->pinned) rc = snapshotPin(s, n->txid);
  if (rc) return rc;
  rc = snSlotSame(s, &s->seen, &same);
  if (!rc && same) {
    n->pinned = true;
    n->refs++;
    *out = n;
    snWatchReader(s, n->txid);
    return SEINE_OK;
  }
  if (!n->pinned) snapshotUnpin(s, n->txid);
  return rc;
}

/* Reads the slots and picks a state.  What looks like damage while somebody
** writes is looked at again. */
static int snapshotLook(Store *s, SlotPick *pick) {
  int rc = SEINE_OK;
  if (s->fresh) rc = snHeaderRead(s);
  if (rc) return rc;
  if (s->fresh) {
    memset(pick, 0, sizeof *pick);
    pick->fresh = true;
    return SEINE_OK;
  }
  rc = snSlotRead(s, &s->scratch);
  return rc ? rc : snSlotPick(s, &s->scratch, false, pick);
}

static bool snapshotSame(const SlotPick *a, const SlotPick *b) {
  return a->txid == b->txid && a->root.page == b->root.page
      && a->root.sum == b->root.sum && a->delta_sum == b->delta_sum;
}

/* The newest state whose root has its checksum; else the newest whose root
** looks like one. */
static int snapshotRecover(Store *s, Snapshot **out) {
  SlotPick pick = {.fresh = true};
  if (s->fresh) return snSnapshotAt(s, &pick, out);
  int rc = snSlotRead(s, &s->scratch);
  for (int believe = 0; !rc && believe < 2; believe++) {
    u64 below = UINT64_MAX;
    while (!rc && snSlotBefore(&s->scratch, below, &pick)) {
      bool good = true;
      if (!believe && pick.txid) rc = snExtentProbe(s, &pick.root, &good);
      if (!rc && good) rc = snSnapshotAt(s, &pick, out);
      if (!rc && good) return SEINE_OK;
      snLostSay(s, "the root of state %llu is damaged: a state before it is "
          "read, if there is one", (unsigned long long)pick.txid);
      if (rc == SEINE_CORRUPT) rc = SEINE_OK;
      below = pick.txid;
    }
  }
  return rc ? rc : snStoreSay(s, SN_CORRUPT, "%s: nothing can be read of it: "
      "no slot leads to a state", snStoreName(s));
}

int snSnapshotOpen(Store *s, Snapshot **out) {
  SlotPick pick, again;
  int rc, bad = 0;
  *out = NULL;
  if (snLostAllowed(s)) return snapshotRecover(s, out);
  rc = snapshotAgain(s, out);
  if (rc || *out) return rc;
  for (int i = 0; i < SNAPSHOT_TRIES; i++) {
    if (i > 2) s->config.vfs->sleep_us(s->config.vfs, 500);
    rc = snapshotLook(s, &pick);
    if (rc == SEINE_CORRUPT && bad++ < 3) continue;
    if (rc) return rc;
    rc = snapshotPin(s, pick.txid);
    if (rc) return rc;
    rc = snapshotLook(s, &again);
    if (!rc && snapshotSame(&pick, &again)) {
      /* The same state, but maybe of another slot: the delta lies there. */
      rc = snSnapshotAt(s, &again, out);
      snapshotUnpin(s, again.txid); /* does nothing while *out is pinned */
      if (rc) return rc;
      snWatchReader(s, again.txid);
      if (again.settled) {
        snSlotCopy(&s->seen, &s->scratch);
        snapshotSetLatest(s, *out);
      }
      return SEINE_OK;
    }
    snapshotUnpin(s, pick.txid);
    if (rc && (rc != SEINE_CORRUPT || bad++ >= 3)) return rc;
  }
  return SEINE_BUSY;
}

const ExtentRef *snSnapshotRef(const Snapshot *n) { return &n->ref; }

const u8 *snSnapshotDelta(const Snapshot *n, u32 *len) {
  *len = n->ndelta;
  return n->delta;
}

Snapshot *snSnapshotKeep(Snapshot *n) {
  n->refs++;
  return n;
}

void snSnapshotDrop(Snapshot *n) {
  if (!n || --n->refs) return;
  if (n->pinned) {
    n->pinned = false;
    snapshotUnpin(n->store, n->txid);
  }
  if (n != n->store->latest) snapshotFree(n);
}

u64 snSnapshotTxid(const Snapshot *n) { return n->txid; }

bool snSnapshotSame(const Snapshot *a, const Snapshot *b) {
  return a->txid == b->txid && a->ref.page == b->ref.page
      && a->ref.sum == b->ref.sum;
}

const u8 *snSnapshotRoot(const Snapshot *n, u32 *len) {
  *len = n->catalog_len;
  return n->catalog;
}

#undef SNAPSHOT_TRIES
