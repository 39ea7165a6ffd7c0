/*
** How does a transaction become the newest state?
**
** The steps have the names of the protocol in doc/architecture.md.
**   S1 erase what cannot be true           W2 write extents into free pages
**   S2 newest state confirmed: go on       W3 large: sync, flag PRE
**   S3 in doubt, PRE: copy its claim,      W4 claim
**      sync, confirm                       W5 sync = commit point
**   S4 in doubt, small: relocate its list  W6 confirmation, not synced
**   S5 a failed sync poisons the handle
**
** Begin writes nothing; S1 to S3 run before the first extent is written.
**
** Invariants:
** (1) T is the newest state, D (durable) the newest one known durable; D is T
**     unless T is small and in doubt.
** (2) Never overwritten by W4 or S3: the oldest copy of T's claim, the slot
**     that holds D's durable claim, and claims between D and T.
** (3) A transaction that began in doubt (S4) frees every extent of T's list,
**     and is PRE: its pages may be clean in the cache and absent on disk, so
**     no later sync makes them durable.
** (4) A poisoned handle keeps its COMMIT byte until it closes: readers then
**     leave the claim of unknown outcome alone.
*/
#include "store/storeInt.h"

/* ---- syncing ------------------------------------------------------------ */

static int writerPoison(Store *s, int rc, const char *what, const char *end) {
  s->poisoned = true;
  return snStoreSay(s, rc, "%s failed for %s: %s; close this connection "
      "before writing again", what, snStoreName(s), end);
}

int snWriterSync(Store *s, const char *what) {
  int rc;
  if (s->sync_off) {
    s->unsynced = true;
    return SEINE_OK;
  }
  rc = s->file->ops->sync(s->file);
  if (rc && STORE_FAULT(FAULT_RETRY_SYNC)) rc = s->file->ops->sync(s->file);
  if (!rc) return SEINE_OK;
  snGroupBreak(s, rc);
  return writerPoison(s, rc, what, "the transaction did not happen");
}

int snWriterSyncFile(Store *s, File *f) {
  int rc;
  if (s->sync_off) s->unsynced = true;
  if (s->sync_off || STORE_FAULT(FAULT_NO_PRE_SYNC)) return SEINE_OK;
  rc = f->ops->sync(f);
  if (!rc) return SEINE_OK;
  snGroupBreak(s, rc);
  return writerPoison(s, rc, "writing data",
      "the transaction did not happen");
}

/* W3: every descriptor that wrote is synced, since an error may be told to
** only one of them.  This is the one that only the builder has. */
static int writerSyncBulk(Store *s) {
  return s->w.bulk_used ? snWriterSyncFile(s, s->bulk) : SEINE_OK;
}

/* ---- slots -------------------------------------------------------------- */

/* S1.  Everything that is not a true record gets the pattern: a page that
** was written, but shows nothing valid, may show more after a crash. */
static int writerErase(Store *s) {
  SlotSet *set = &s->group->slots;
  bool dirty = false;
  int rc = SEINE_OK;
  for (u32 i = 0; !rc && i < STORE_SLOTS; i++) {
    const SlotRec *r = set->rec + i;
    if (r->state == SLOT_VIRGIN) continue;
    if (r->state == SLOT_VALID && r->txid <= s->w.pick.txid) continue;
    if (STORE_FAULT(FAULT_NO_ERASE)) continue;
    rc = snSlotErase(s, set, i);
    dirty = !STORE_FAULT(FAULT_ERASE_LATER);
  }
  if (!rc && dirty) rc = snWriterSync(s, "clearing a broken commit");
  return rc;
}

/* The oldest copy of T's claim, or STORE_SLOTS. */
static u32 writerClaim(const Group *g) {
  u32 at = STORE_SLOTS;
  for (u32 i = 0; i < STORE_SLOTS; i++) {
    const SlotRec *r = g->slots.rec + i;
    if (r->state != SLOT_VALID || r->txid != g->claimed.txid) continue;
    if (r->flags & SLOT_CONF) continue;
    if (at == STORE_SLOTS || r->gen < g->slots.rec[at].gen) at = i;
  }
  return at;
}

/* The latest one: the copy that was synced when T is confirmed. */
static u32 writerLastClaim(const Group *g) {
  u32 at = writerClaim(g);
  for (u32 i = 0; i < STORE_SLOTS; i++) {
    const SlotRec *r = g->slots.rec + i;
    if (r->state != SLOT_VALID || r->txid != g->claimed.txid) continue;
    if (!(r->flags & SLOT_CONF) && r->gen > g->slots.rec[at].gen) at = i;
  }
  return at;
}

/* The slots of invariant (2), as bits. */
static u32 writerKept(const Group *g) {
  u32 claim = writerClaim(g), kept = 1u << g->base_slot;
  if (claim == STORE_SLOTS) claim = g->claimed.at;
  kept |= 1u << claim;
  for (u32 i = 0; i < STORE_SLOTS; i++) {
    const SlotRec *r = g->slots.rec + i;
    if (r->state == SLOT_VALID && r->txid > g->durable
        && r->txid < g->claimed.txid) kept |= 1u << i;
  }
  return kept;
}

/* The slot to write next: an empty one, else the lowest txid, confirmations
** before claims. */
static int writerSlot(Store *s, u32 kept, u32 *at) {
  const SlotRec *best = NULL;
  for (u32 i = 0; i < STORE_SLOTS; i++) {
    const SlotRec *r = s->group->slots.rec + i;
    if ((kept >> i) & 1) continue;
    if (best) {
      u64 a = r->state == SLOT_VALID ? r->txid + 1 : 0;
      u64 b = best->state == SLOT_VALID ? best->txid + 1 : 0;
      u32 fa = r->flags & SLOT_CONF, fb = best->flags & SLOT_CONF;
      if (a > b || (a == b && fa <= fb)) continue;
    }
    best = r;
    *at = i;
  }
  if (best) return SEINE_OK;
  return snStoreSay(s, SN_CORRUPT, "%s: no slot can be overwritten",
      snStoreName(s));
}

/* Where the confirmation of T stands, when D is T: the claim of C goes there.
** It says no more than T's claim does once that is durable, and it was not
** synced yet: so a commit leaves one dirty page instead of two. */
static u32 writerConfirmed(const Group *g) {
  const SlotRec *r = g->slots.rec + g->claimed.at;
  bool is = (r->flags & SLOT_CONF) && !((writerKept(g) >> g->claimed.at) & 1);
  assert(r->state == SLOT_VALID && r->txid == g->claimed.txid);
  assert(!is || r->txid == g->durable);
  return is ? g->claimed.at : STORE_SLOTS;
}

/* Where S3 puts its copy: a slot that holds nothing; else the latest of the
** copies that earlier sessions made, since at most the others are durable;
** else any that is not kept. */
static int writerCopySlot(Store *s, u32 oldest, u32 *at) {
  Group *g = s->group;
  const SlotRec *r = g->slots.rec;
  u32 best = STORE_SLOTS;
  for (u32 i = 0; i < STORE_SLOTS; i++) {
    if (r[i].state != SLOT_VALID) {
      *at = i;
      return SEINE_OK;
    }
    if (i == oldest || r[i].txid != g->claimed.txid) continue;
    if (r[i].flags & SLOT_CONF) continue;
    if (best == STORE_SLOTS || r[i].gen > r[best].gen) best = i;
  }
  if (best == STORE_SLOTS) return writerSlot(s, writerKept(g), at);
  *at = best;
  return SEINE_OK;
}

/* S3: one more copy of T's claim, synced, and then a confirmation of T.  From
** here on D is T, and pages of the old D will be overwritten; so the next
** session, should this one be killed, must not take T for doubtful again and
** overwrite the one copy that is durable.  The confirmation tells it.  (Half
** written, it leaves a slot without a record, nothing has been overwritten
** yet, and the next copy goes there.)  It spares the old D's claim and the
** oldest copy of T's: either may still be all that a crash leaves. */
static int writerCopyClaim(Store *s) {
  Group *g = s->group;
  u32 from = writerClaim(g), at = STORE_SLOTS, gen = 0, kept;
  u8 delta[STORE_DELTA];
  SlotRec rec;
  int rc;
  if (from == STORE_SLOTS) from = g->claimed.at;
  rec = g->slots.rec[from];
  g->durable = rec.base;
  g->base_slot = rec.base_slot;
  for (u32 i = 0; i < STORE_SLOTS; i++) {
    const SlotRec *r = g->slots.rec + i;
    if (r->state == SLOT_VALID && r->txid == rec.txid) {
      gen = SN_MAX(gen, r->gen);
    }
  }
  rc = writerCopySlot(s, from, &at);
  if (STORE_FAULT(FAULT_CLAIM_IN_PLACE)) at = from;
  if (rc) return rc;
  rec.flags = SLOT_PRE;
  rec.gen = gen + 1;
  rec.nlist = 0;
  if (rec.ndelta) memcpy(delta, snSlotDelta(&g->slots, from), rec.ndelta);
  rc = snSlotWrite(s, &g->slots, at, &rec, NULL, delta);
  if (!rc) rc = snWriterSync(s, "settling the last commit");
  if (rc) return rc;
  kept = 1u << from | 1u << at | 1u << rec.base_slot;
  g->durable = rec.txid;
  g->base_slot = at;
  rec.flags |= SLOT_CONF;
  (void)writerSlot(s, kept, &at); /* of four slots there is a fourth */
  return snSlotWrite(s, &g->slots, at, &rec, NULL, delta);
}

/* S2 to S4: what D is, and where its claim stands. */
static int writerSettle(Store *s) {
  Group *g = s->group;
  const SlotRec *r = g->slots.rec + g->claimed.at;
  u32 claim = writerClaim(g);
  if (STORE_FAULT(FAULT_DOUBT_SYNC) && !g->claimed.confirmed) {
    int rc = snWriterSync(s, "settling the last commit");
    if (rc) return rc;
  }
  if ((g->claimed.confirmed && (claim != STORE_SLOTS || !g->claimed.txid))
      || STORE_FAULT(FAULT_DOUBT) || STORE_FAULT(FAULT_DOUBT_SYNC)) {
    g->durable = g->claimed.txid;
    g->base_slot = claim == STORE_SLOTS ? g->claimed.at : writerLastClaim(g);
    return SEINE_OK;
  }
  if (g->claimed.confirmed || g->claimed.pre) return writerCopyClaim(s);
  g->durable = r->base;
  g->base_slot = r->base_slot;
  return SEINE_OK;
}

/* S4: what the next commit has to copy.  T's root is not in the list: every
** commit writes a new one. */
static int writerDoubt(Store *s) {
  Writer *w = &s->w;
  u32 n;
  w->ndoubt = w->doubt_left = 0;
  if (w->known || w->pick.fresh || w->pick.confirmed || w->pick.pre)
    return SEINE_OK;
  if (STORE_FAULT(FAULT_DOUBT) || STORE_FAULT(FAULT_DOUBT_SYNC)
      || STORE_FAULT(FAULT_NO_COPY)) return SEINE_OK;
  n = s->group->slots.rec[w->pick.at].nlist;
  if (!w->doubt) {
    w->doubt = snMemAlloc(s->config.budget, SLOT_LIST * sizeof(ExtentRef));
    if (!w->doubt) return SN_NOMEM;
  }
  for (u32 i = 0; i < n; i++) {
    ExtentRef *d = w->doubt + w->ndoubt;
    snSlotList(&s->group->slots, w->pick.at, i, d);
    if (d->page != w->pick.root.page) w->ndoubt++;
  }
  w->doubt_left = w->ndoubt;
  return SEINE_OK;
}

/* ---- begin -------------------------------------------------------------- */

/* What the group knows of the slots is that, or is read. */
static int writerSlots(Store *s) {
  SlotSet *set = &s->group->slots;
  bool same;
  int rc = snSlotSame(s, set, &same);
  if (rc || same) return rc;
  rc = snSlotRead(s, set);
  if (rc) snSlotForget(set); /* some of it may have been read */
  return rc;
}

/* With the writer lock held nobody moves the newest state but by this group,
** which may know it. */
static int writerLook(Store *s) {
  Writer *w = &s->w;
  Group *g = s->group;
  int rc = SEINE_OK;
  if (!w->known) memset(&w->pick, 0, sizeof w->pick);
  if (s->fresh) rc = snHeaderRead(s);
  if (rc) return rc;
  if (s->read_only) return SEINE_READONLY;
  if (w->known) return SEINE_OK;
  w->pick.fresh = s->fresh;
  if (!s->fresh) rc = writerSlots(s);
  if (!rc && !s->fresh) rc = snSlotPick(s, &g->slots, true, &w->pick);
  g->claimed = w->pick;
  w->claimed = w->pick.txid;
  return rc;
}

int snWriterBegin(Store *s, Snapshot **base) {
  Writer *w = &s->w;
  int rc;
  *base = NULL;
  if (w->active) return SEINE_MISUSE;
  if (s->read_only) {
    return snStoreSay(s, SEINE_READONLY, "%s is open for reading only",
        snStoreName(s));
  }
  if (s->poisoned) {
    return snStoreSay(s, SN_IOERR, "an earlier write to %s failed: close "
        "this connection before writing again", snStoreName(s));
  }
  rc = snGroupEnter(s);
  if (rc == SEINE_BUSY) {
    snStoreSay(s, rc, "another connection is writing to %s",
        snStoreName(s));
  }
  if (rc) return rc;
  rc = writerLook(s);
  if (!rc && w->pick.txid + 1 >= STORE_MAX_TXID) rc = SEINE_FULL;
  if (!rc) rc = writerDoubt(s);
  if (!rc) rc = snSnapshotAt(s, &w->pick, &w->base);
  if (rc) {
    snGroupLeave(s);
    return rc;
  }
  w->active = true;
  w->first = w->ready = w->matured = w->ripe = false;
  w->nputs = w->nspilled = w->nfreed = 0;
  w->aside.n = 0;
  w->bytes = 0;
  w->bulk_used = false;
  *base = w->base;
  return SEINE_OK;
}

/* The free pages as of T: those of our own last commit if nobody else
** committed since. */
static int writerSpace(Store *s) {
  Writer *w = &s->w;
  SpaceMap *m = &s->space;
  int rc;
  if (snSpaceIs(m, &w->pick)) {
    rc = snSpaceEnd(s, m);
  } else {
    rc = snSpaceBuild(s, w->base, m);
    if (!rc) snWatchSpace(s, m);
  }
  if (!rc) rc = snSnapshotOldest(s, &w->pin);
  if (STORE_FAULT(FAULT_PINS)) w->pin = UINT64_MAX;
  return rc;
}

/* W1 */
static int writerMature(Store *s) {
  Writer *w = &s->w;
  SpaceMap *m = &s->space;
  u32 buried = m->ngrave;
  int rc = snSpaceMature(s, m, w->durable, w->claimed + 1, w->pin);
  w->ripe |= m->ngrave != buried;
  w->matured = !rc;
  if (rc) snSpaceClear(m);
  return rc;
}

/* S1 to S3, once, before anything is written. */
static int writerFirst(Store *s) {
  Writer *w = &s->w;
  int rc = SEINE_OK;
  if (!w->active) return SEINE_MISUSE;
  if (s->poisoned) return SN_IOERR;
  if (w->first) return SEINE_OK;
  if (s->unsynced && !s->sync_off) {
    rc = snWriterSync(s, "writing data");
    if (rc) return rc;
    s->unsynced = false;
  }
  if (s->fresh) {
    rc = snHeaderCreate(s);
    if (!rc) rc = writerLook(s);
    if (rc) return rc;
  }
  if (!w->known) {
    snWatchFirst(s);
    rc = writerErase(s);
    if (!rc) rc = writerSettle(s);
    w->durable = s->group->durable;
  }
  w->first = !rc;
  return rc;
}

/* Ready to write into pages that are free in the root of T, too. */
static int writerReady(Store *s) {
  int rc;
  if (s->w.active && s->w.ready && !s->poisoned) return SEINE_OK;
  rc = writerFirst(s);
  if (!rc) rc = writerSpace(s);
  s->w.ready = !rc;
  return rc;
}

int snWriterReady(Store *s) {
  int rc = writerReady(s);
  return rc || s->w.matured ? rc : writerMature(s);
}

void snWriterSetWalk(Store *s, StoreWalk walk, void *arg) {
  s->w.walk = walk;
  s->w.walk_arg = arg;
}

bool snWriterPoisoned(const Store *s) { return s->poisoned; }
bool snWriterUnknown(const Store *s) { return s->unknown; }

#ifdef SEINE_TEST
bool snWriterActive(const Store *s) { return s->w.active; }
#endif

/* ---- extents ------------------------------------------------------------ */

static u32 writerFind(const Writer *w, u64 page) {
  u32 lo = 0, hi = w->nputs;
  while (lo < hi) {
    u32 mid = lo + (hi - lo) / 2;
    if (w->puts[mid].page < page) lo = mid + 1;
    else hi = mid;
  }
  return lo;
}

int snWriterAdopt(Store *s, const ExtentRef *r) {
  Writer *w = &s->w;
  u32 i = writerFind(w, r->page);
  if (snMemGrow(s->config.budget, &w->puts, &w->put_cap, (u64)w->nputs + 1,
      sizeof *w->puts)) return SN_NOMEM;
  memmove(w->puts + i + 1, w->puts + i, (w->nputs - i) * sizeof *w->puts);
  w->puts[i] = *r;
  w->nputs++;
  w->bytes += snExtentPages(r->len) * SN_PAGE;
  return SEINE_OK;
}

static void writerForget(Writer *w, u32 i) {
  w->nputs--;
  memmove(w->puts + i, w->puts + i + 1, (w->nputs - i) * sizeof *w->puts);
}

static int writerPut(Store *s, const void *p, u64 len, u64 seed,
    ExtentRef *ref) {
  ExtentRef r = {0, len, seed, 0};
  u64 n = snExtentPages(len);
  u32 buried = s->space.ngrave;
  int rc = snSpaceTake(s, &s->space, n, &r.page);
  if (rc) return rc;
  s->w.ripe |= s->space.ngrave != buried; /* the device is full */
  rc = snExtentWrite(s, p, &r);
  if (!rc) rc = snWriterAdopt(s, &r);
  if (rc) {
    snSpaceBack(s, &s->space, r.page, n);
    return rc;
  }
  *ref = r;
  return SEINE_OK;
}

int snWriterPut(Store *s, const void *p, u64 len, u64 seed, ExtentRef *ref) {
  int rc = snWriterReady(s);
  memset(ref, 0, sizeof *ref);
  return rc ? rc : writerPut(s, p, len, seed, ref);
}

int snWriterSpill(Store *s, const void *p, u64 len, u64 seed,
    ExtentRef *ref) {
  int rc = writerReady(s);
  memset(ref, 0, sizeof *ref);
  if (!rc) rc = writerPut(s, p, len, seed, ref);
  s->w.nspilled += !rc;
  return rc;
}

static const ExtentRef *writerInDoubt(const Writer *w, u64 page) {
  for (u32 i = 0; i < w->ndoubt; i++) {
    if (w->doubt[i].page == page) return w->doubt + i;
  }
  return NULL;
}

bool snWriterDoubtful(const Store *s, const ExtentRef *ref) {
  if (!s->w.active) return false;
  return ref ? writerInDoubt(&s->w, ref->page) != NULL : s->w.ndoubt > 0;
}

int snWriterFree(Store *s, const ExtentRef *ref) {
  Writer *w = &s->w;
  u64 n = snExtentPages(ref->len);
  bool inside;
  u32 i;
  int rc;
  if (!w->active) return SEINE_MISUSE;
  i = writerFind(w, ref->page);
  if (i < w->nputs && w->puts[i].page == ref->page) {
    n = snExtentPages(w->puts[i].len);
    rc = snSpaceGive(s, &s->space, ref->page, n);
    if (!rc) writerForget(w, i);
    return rc;
  }
  rc = snExtentInside(s, ref, &inside);
  if (rc) return rc;
  if (!inside) {
    return snStoreSay(s, SN_CORRUPT, "%s: an extent at page %llu lies "
        "outside the file", snStoreName(s), (unsigned long long)ref->page);
  }
  if (STORE_FAULT(FAULT_REUSE_NOW)) {
    return snSpaceGive(s, &s->space, ref->page, n);
  }
  if (snMemGrow(s->config.budget, &w->freed, &w->freed_cap,
      (u64)w->nfreed + 1, sizeof *w->freed)) return SN_NOMEM;
  w->freed[w->nfreed].page = ref->page;
  w->freed[w->nfreed].n = n;
  w->freed[w->nfreed].freed = w->pick.txid + 1;
  w->nfreed++;
  if (w->doubt_left && writerInDoubt(w, ref->page)) w->doubt_left--;
  return SEINE_OK;
}

/* ---- commit ------------------------------------------------------------- */

typedef struct WriterRoot {
  SpaceGrave *grave; /* the graveyard as of C */
  u32 ngrave;
  u8 *bytes; /* the root's payload */
  ExtentRef ref;
} WriterRoot;

static void writerBury(WriterRoot *r, u64 page, u64 n, u64 txid) {
  if (n) r->grave[r->ngrave++] = (SpaceGrave){page, n, txid};
}

/* The graveyard of C: what is still buried, what C frees or sets aside, T's
** own root.  What earlier transactions of its batch have freed is freed by C,
** too: for the file there is only the last one. */
static int writerGraves(Store *s, WriterRoot *r) {
  Writer *w = &s->w;
  const SpaceMap *m = &s->space;
  u64 n = (u64)m->ngrave + w->nfreed + 2;
  if (n > UINT32_MAX / SNAPSHOT_GRAVE) return SEINE_FULL;
  r->grave = snMemAlloc(NULL, (size_t)n * sizeof *r->grave);
  if (!r->grave) return SN_NOMEM;
  if (m->ngrave) {
    memcpy(r->grave, m->grave, m->ngrave * sizeof *r->grave);
  }
  for (u32 i = 0; i < m->ngrave; i++) {
    if (r->grave[i].freed > w->claimed) r->grave[i].freed = w->pick.txid + 1;
  }
  if (w->nfreed) {
    memcpy(r->grave + m->ngrave, w->freed, w->nfreed * sizeof *r->grave);
  }
  r->ngrave = m->ngrave + w->nfreed;
  writerBury(r, w->aside.page, w->aside.n, w->pick.txid + 1);
  if (w->pick.txid)
    writerBury(r, w->pick.root.page, snExtentPages(w->pick.root.len),
        w->pick.txid + 1);
  return snSpaceSortGrave(s, r->grave, &r->ngrave, w->pin);
}

static int writerPutRoot(Store *s, WriterRoot *r, const void *root, u32 len) {
  u64 txid = s->w.pick.txid + 1, n;
  u8 *p;
  int rc = writerGraves(s, r);
  if (rc) return rc;
  n = SNAPSHOT_HEAD + (u64)r->ngrave * SNAPSHOT_GRAVE + len;
  r->bytes = p = snMemZero(s->config.budget, (size_t)n + SN_SLACK);
  if (!p) return SN_NOMEM;
  snPut64(p, txid);
  snPut32(p + 8, r->ngrave);
  snPut32(p + 12, len);
  p += SNAPSHOT_HEAD;
  for (u32 i = 0; i < r->ngrave; i++, p += SNAPSHOT_GRAVE) {
    snPut64(p, r->grave[i].page);
    snPut64(p + 8, r->grave[i].n);
    snPut64(p + 16, r->grave[i].freed);
  }
  if (len) memcpy(p, root, len);
  return snWriterPut(s, r->bytes, n, txid, &r->ref);
}

static void writerRootClear(WriterRoot *r) {
  snMemFree(r->grave);
  snMemFree(r->bytes);
  memset(r, 0, sizeof *r);
}

/* On a full device its place may come from the graveyard that it lists: then
** it is written again, to list what is left. */
static int writerRoot(Store *s, WriterRoot *r, const void *root, u32 len) {
  for (;;) {
    u32 buried = s->space.ngrave;
    int rc = writerPutRoot(s, r, root, len);
    if (rc || s->space.ngrave == buried) return rc;
    snSpaceBack(s, &s->space, r->ref.page, snExtentPages(r->ref.len));
    writerForget(&s->w, writerFind(&s->w, r->ref.page));
    writerRootClear(r);
  }
}

/* W4 and W5.  Once the claim may have reached the file, the outcome is not
** ours to know when something fails. */
static int writerClaimBatch(Store *s, const SlotRec *rec, u32 at,
    const GroupBatch *b, bool *unknown) {
  static const char outcome[] = "whether the transaction is kept is unknown";
  Group *g = s->group;
  File *f = snGroupFile(s);
  u64 byte = STORE_LOCK_COMMIT + rec->txid;
  int rc = f->ops->lock(f, byte, 1, LOCK_EXCLUSIVE);
  if (rc == SEINE_BUSY) {
    snStoreSay(s, rc, "a commit of unknown outcome to %s is still held by "
        "its connection", snStoreName(s));
  }
  if (rc) return rc;
  g->commit_lock = rec->txid;
  *unknown = true;
  rc = snSlotWrite(s, &g->slots, at, rec, b->puts, b->delta);
  if (rc) return writerPoison(s, rc, "writing a commit", outcome);
  if (b->synced && !STORE_FAULT(FAULT_NO_SYNC))
    rc = s->file->ops->sync(s->file);
  if (rc && STORE_FAULT(FAULT_RETRY_SYNC)) rc = s->file->ops->sync(s->file);
  if (rc) return writerPoison(s, rc, "syncing a commit", outcome);
  *unknown = false;
  return SEINE_OK;
}

/* W6.  The commit is done: nothing here can undo it. */
static void writerConfirm(Store *s, SlotRec *rec, GroupBatch *b, u8 **root) {
  Group *g = s->group;
  File *f = snGroupFile(s);
  SlotPick pick = {0};
  int rc;
  (void)writerSlot(s, 1u << b->claim, &b->confirmation);
  rec->flags |= SLOT_CONF;
  rec->nlist = 0;
  rc = snSlotWrite(s, &g->slots, b->confirmation, rec, NULL, b->delta);
  f->ops->lock(f, STORE_LOCK_COMMIT + rec->txid, 1, LOCK_NONE);
  g->commit_lock = 0;
  if (rc || !root) {
    snSnapshotForget(s);
    return;
  }
  pick.txid = rec->txid;
  pick.root = rec->root;
  pick.delta = b->delta;
  pick.ndelta = b->ndelta;
  pick.delta_sum = b->delta_sum;
  snSlotCopy(&s->seen, &g->slots);
  snSnapshotAdopt(s, &pick, *root);
  *root = NULL;
}

int snWriterPublish(Store *s, GroupBatch *b, u8 **root, bool *unknown) {
  Group *g = s->group;
  SlotRec rec = {.txid = b->txid, .root = b->root, .pages = b->pages,
      .base = g->durable, .base_slot = g->base_slot, .nlist = b->nputs,
      .ndelta = b->ndelta, .delta_sum = b->delta_sum};
  u32 flags;
  int rc = SEINE_OK;
  _Static_assert(STORE_SMALL / SN_PAGE <= SLOT_LIST, "a list has room");
  if (b->bytes > STORE_SMALL || b->ndelta > snSlotRoom(b->nputs)
      || g->durable != g->claimed.txid) {
    rec.flags = SLOT_PRE;
    rec.nlist = 0;
    if (b->synced && !STORE_FAULT(FAULT_NO_PRE_SYNC))
      rc = s->file->ops->sync(s->file);
    if (rc && STORE_FAULT(FAULT_RETRY_SYNC)) rc = s->file->ops->sync(s->file);
    if (rc) {
      return writerPoison(s, rc, "writing data",
          "the transaction did not happen");
    }
  }
  b->claim = writerConfirmed(g);
  if (b->claim == STORE_SLOTS) rc = writerSlot(s, writerKept(g), &b->claim);
  if (STORE_FAULT(FAULT_SAME_SLOT)) b->claim = g->claimed.at;
  flags = rec.flags;
  if (STORE_FAULT(FAULT_CONFIRM_FIRST)) rec.flags |= SLOT_CONF;
  if (!rc) rc = writerClaimBatch(s, &rec, b->claim, b, unknown);
  rec.flags = flags;
  if (!rc) writerConfirm(s, &rec, b, root);
  return rc;
}

/* The transaction is over: what it held goes to the group. */
static void writerEnd(Store *s) {
  Writer *w = &s->w;
  w->ready = false;
  w->nputs = w->nfreed = 0;
  w->aside.n = 0;
  w->ndoubt = w->doubt_left = 0;
  snSnapshotDrop(w->base);
  w->base = NULL;
  if (w->active) snGroupLeave(s);
  w->active = false;
}

bool snWriterRides(const Store *s) {
  const Writer *w = &s->w;
  bool sure = w->known || w->pick.confirmed || w->pick.pre;
  return w->active && w->pick.txid && sure && w->nputs == w->nspilled
      && !w->nfreed && !w->ripe && !w->aside.n && !w->stream;
}

/* The root stays: what is new is in the claim, and in extents that the delta
** names. */
static int writerRide(Store *s, const u8 *delta, u32 n) {
  Writer *w = &s->w;
  size_t len = (size_t)w->pick.root.len + SN_SLACK;
  SlotRec rec = {.txid = w->pick.txid + 1, .root = w->pick.root,
      .pages = w->pick.pages, .ndelta = n,
      .delta_sum = snHash(delta, n, s->seed)};
  if (w->nputs) rec.pages = SN_MAX(rec.pages, snSpaceUsedEnd(&s->space));
  u8 *root;
  int rc = snWriterRides(s) ? writerFirst(s) : SEINE_MISUSE;
  if (rc) return rc;
  root = snMemAlloc(s->config.budget, len);
  if (!root) return SN_NOMEM;
  memcpy(root, w->base->bytes, len);
  rc = snGroupCommit(s, &rec, delta, NULL, 0, &root);
  if (!w->active) writerEnd(s);
  snMemFree(root);
  return rc;
}

int snWriterCommit(Store *s, const void *root, u32 len, const u8 *delta,
    u32 n) {
  Writer *w = &s->w;
  WriterRoot r = {0};
  SlotRec rec = {0};
  int rc;
  if (n > STORE_DELTA) return SEINE_MISUSE;
  if (!root && n) return writerRide(s, delta, n);
  rc = snWriterReady(s);
  if (rc) return rc;
  if (w->stream) return SEINE_MISUSE;
  if (w->doubt_left) {
    return snStoreSay(s, SEINE_MISUSE, "%s: %u extents of the last commit "
        "are in doubt and were not copied", snStoreName(s), w->doubt_left);
  }
  rc = writerRoot(s, &r, root, len);
  rec.txid = w->pick.txid + 1;
  rec.root = r.ref;
  rec.pages = snSpaceUsedEnd(&s->space);
  rec.ndelta = n;
  if (n) rec.delta_sum = snHash(delta, n, s->seed);
  if (!rc) rc = writerSyncBulk(s);
  if (!rc)
    rc = snGroupCommit(s, &rec, delta, &r.grave, r.ngrave, &r.bytes);
  /* As long as it is ours, a failed commit leaves the transaction as it
  ** was. */
  if (!w->active) writerEnd(s);
  else if (r.ref.page && !s->poisoned) snWriterFree(s, &r.ref);
  writerRootClear(&r);
  return rc;
}

void snWriterRollback(Store *s) {
  Writer *w = &s->w;
  int rc = SEINE_OK;
  if (!w->active) return;
  if (w->stream) snStreamDetach(s);
  for (u32 i = 0; !rc && i < w->nputs; i++) {
    rc = snSpaceGive(s, &s->space, w->puts[i].page,
        snExtentPages(w->puts[i].len));
  }
  if (!rc) rc = snSpaceGive(s, &s->space, w->aside.page, w->aside.n);
  /* What is free only since this transaction is buried in the root of T. */
  if (rc || s->poisoned || w->ripe || !s->space.valid) snSpaceClear(&s->space);
  writerEnd(s);
}

/* ---- shrink ------------------------------------------------------------- */

/* A record promises a length of the file, and its opener asks for it; so the
** cut spares what any of them promises.  Part of that is free by now, and goes
** when later commits have written over the record. */
u64 snWriterPromised(const Store *s) {
  u64 pages = 0;
  for (u32 i = 0; i < STORE_SLOTS; i++) {
    const SlotRec *r = s->group->slots.rec + i;
    if (r->state == SLOT_VALID) pages = SN_MAX(pages, r->pages);
  }
  return pages;
}

/* Cuts inside a transaction that is rolled back: it holds the writer lock and
** knows the free pages. */
static int writerCut(Store *s) {
  SpaceMap *m = &s->space;
  u64 end;
  int rc;
  snGroupSettle(s);
  rc = snWriterReady(s);
  if (rc) return rc;
  end = SN_MAX(snSpaceUsedEnd(m), snWriterPromised(s));
  if (!s->w.pick.confirmed || s->sync_off || end >= m->end) return SEINE_OK;
  /* Without a commit a short file would be created anew (headerYoung), and a
  ** crash could leave parts of both beside the length of before. */
  if (!s->w.pick.txid) return SEINE_OK;
  rc = s->file->ops->lock(s->file, STORE_LOCK_OPEN, 1, LOCK_EXCLUSIVE);
  s->tail_kept = rc == SEINE_BUSY;
  if (rc) return s->tail_kept ? SEINE_OK : rc;
  /* A crash must not find the shorter file beside what the slots held before
  ** their last confirmation. */
  rc = snWriterSync(s, "cutting the file");
  if (!rc) rc = s->file->ops->truncate(s->file, end * SN_PAGE);
  if (!rc) s->size = end * SN_PAGE;
  snSpaceClear(m);
  s->file->ops->lock(s->file, STORE_LOCK_OPEN, 1, LOCK_SHARED);
  return rc;
}

int snWriterShrink(Store *s) {
  Snapshot *base;
  int rc = snWriterBegin(s, &base);
  s->tail_kept = false;
  if (rc) return rc;
  if (!s->fresh) rc = writerCut(s);
  snWriterRollback(s);
  return rc;
}

bool snWriterTailKept(const Store *s) { return s->tail_kept; }
