/*
** Which state is the newest?  The four slot pages: claims and confirmations.
**
** Bytes of a slot page (little-endian):
**     0   8  "SeineRec"
**     8   8  txid
**    16   4  flags: 1 confirmation, 2 synced before (PRE), 4 delta
**    20   4  generation: copies of one claim differ in it
**    24  32  root extent (page, length, seed, sum); page 0 for txid 0
**    56   8  pages the file has at least
**    64   8  base: txid of the newest state known durable when written
**    72   4  slot (0 .. 3) with base's durable claim
**    76   4  number of entries of the list, at most 125
**    80  32 each  the list: every extent a small commit wrote, root included
**     .   4  with flag 4: bytes of the delta, at most 3,800, and these
**  4088   8  checksum of the bytes before, seeded by the uuid
** A page of zeros was never written (a file grows by zeros, and nobody writes
** zeros here), so no part of a record can hide in it.
**
** Invariants:
** (1) A claim stands before the sync of its commit, a confirmation only after
**     it.  So a confirmed state is whole; an unconfirmed one is whole when it
**     is PRE, or when all the extents of its list verify.  One with a delta and
**     without a list has the root of its base, which is durable: it is whole.
** (2) Whoever falls back from a claim that did not verify never falls below
**     the base of that claim (O4): base is durable, so its absence is damage.
** (3) Erased pages hold a pattern, never zeros: zeros could complete a torn
**     claim whose missing sector was zeros.
*/
#include "store/storeInt.h"

#define SLOT_SUM   (SN_PAGE - 8u)
#define SLOT_ENTRY 80u
#define SLOT_ERASE 0xb5

static const u8 slotMagic[8] = {'S', 'e', 'i', 'n', 'e', 'R', 'e', 'c'};

/* ---- bytes -------------------------------------------------------------- */

int snSlotInit(Store *s, SlotSet *set) {
  assert(!set->image);
  set->image = snMemZero(s->config.budget, STORE_SLOT_BYTES);
  return set->image ? SEINE_OK : SN_NOMEM;
}

void snSlotClear(SlotSet *set) {
  snMemFree(set->image);
  memset(set, 0, sizeof *set);
}

void snSlotForget(SlotSet *set) {
  memset(set->image, 0, STORE_SLOT_BYTES);
  memset(set->rec, 0, sizeof set->rec);
}

/* A page with the checksum of another is the same, as snSlotSame() has it. */
void snSlotCopy(SlotSet *to, const SlotSet *from) {
  for (u32 i = 0; i < STORE_SLOTS; i++) {
    size_t at = (size_t)i * SN_PAGE;
    bool same = to->rec[i].state == SLOT_VALID &&
        from->rec[i].state == SLOT_VALID &&
        to->rec[i].sum == from->rec[i].sum;
    if (!same) memcpy(to->image + at, from->image + at, SN_PAGE);
  }
  memcpy(to->rec, from->rec, sizeof to->rec);
}

static bool slotVirgin(const u8 *p) {
  return p[0] == 0 && !memcmp(p, p + 1, SN_PAGE - 1);
}

/* Where the length of the delta stands. */
static u32 slotDeltaAt(u32 nlist) {
  return SLOT_ENTRY + nlist * EXTENT_REF_BYTES;
}

u32 snSlotRoom(u32 nlist) {
  u32 at = slotDeltaAt(nlist) + 4;
  assert(nlist <= SLOT_LIST && at < SLOT_SUM);
  return SLOT_SUM - at;
}

/* The list is no longer than SLOT_LIST: the length stands in the page. */
static bool slotDelta(const Store *s, const u8 *p, const SlotRec *own,
    SlotRec *r) {
  u32 at = slotDeltaAt(r->nlist);
  r->ndelta = snGet32(p + at);
  if (!r->ndelta || r->ndelta > SN_MIN(STORE_DELTA, snSlotRoom(r->nlist)))
    return false;
  r->delta_sum = own ? own->delta_sum
                     : snHash(p + at + 4, r->ndelta, s->seed);
  return true;
}

/* believe: without its checksum, too; own: what it was built of just now, or
** NULL. */
static void slotDecode(const Store *s, const u8 *p, bool believe,
    const SlotRec *own, SlotRec *r) {
  memset(r, 0, sizeof *r);
  if (slotVirgin(p)) return;
  r->state = SLOT_BAD;
  if (memcmp(p, slotMagic, 8)) return;
  r->sum = own ? snGet64(p + SLOT_SUM) : snHash(p, SLOT_SUM, s->seed);
  believe = believe || r->sum == snGet64(p + SLOT_SUM);
  if (!believe && !STORE_FAULT(FAULT_SLOT_SUM)) return;
  r->txid = snGet64(p + 8);
  r->flags = snGet32(p + 16);
  r->gen = snGet32(p + 20);
  snExtentRefGet(p + 24, &r->root);
  r->pages = snGet64(p + 56);
  r->base = snGet64(p + 64);
  r->base_slot = snGet32(p + 72);
  r->nlist = snGet32(p + 76);
  r->ndelta = 0;
  r->delta_sum = 0;
  if (r->txid >= STORE_MAX_TXID || r->pages > STORE_MAX_PAGES) return;
  if (r->base > r->txid || r->base_slot >= STORE_SLOTS) return;
  if (r->nlist > SLOT_LIST || (r->txid > 0) != (r->root.page > 0)) return;
  if ((r->flags & SLOT_DELTA) && !slotDelta(s, p, own, r))
    return;
  r->state = SLOT_VALID;
}

void snSlotBuild(const Store *s, u8 *p, const SlotRec *r,
    const ExtentRef *list, const u8 *delta) {
  memset(p, 0, SN_PAGE);
  memcpy(p, slotMagic, 8);
  snPut64(p + 8, r->txid);
  snPut32(p + 16, r->flags);
  snPut32(p + 20, r->gen);
  snExtentRefPut(p + 24, &r->root);
  snPut64(p + 56, r->pages);
  snPut64(p + 64, r->base);
  snPut32(p + 72, r->base_slot);
  snPut32(p + 76, r->nlist);
  for (u32 i = 0; i < r->nlist; i++) {
    snExtentRefPut(p + SLOT_ENTRY + (size_t)i * EXTENT_REF_BYTES, list + i);
  }
  if (r->ndelta) {
    u8 *to = p + slotDeltaAt(r->nlist);
    snPut32(p + 16, r->flags | SLOT_DELTA);
    snPut32(to, r->ndelta);
    memcpy(to + 4, delta, r->ndelta);
  }
  snPut64(p + SLOT_SUM, snHash(p, SLOT_SUM, s->seed));
}

void snSlotList(const SlotSet *set, u32 at, u32 i, ExtentRef *out) {
  const u8 *p = set->image + (size_t)at * SN_PAGE + SLOT_ENTRY;
  assert(i < set->rec[at].nlist);
  snExtentRefGet(p + (size_t)i * EXTENT_REF_BYTES, out);
}

const u8 *snSlotDelta(const SlotSet *set, u32 at) {
  const SlotRec *r = set->rec + at;
  if (!r->ndelta) return NULL;
  return set->image + (size_t)at * SN_PAGE + slotDeltaAt(r->nlist) + 4;
}

/* The greatest txid of the slots. */
static u64 slotDecodeAll(const Store *s, SlotSet *set, bool believe) {
  const SlotSet *seen = &s->seen;
  u64 last = 0;
  for (u32 i = 0; i < STORE_SLOTS; i++) {
    SlotRec *r = set->rec + i;
    const u8 *p = set->image + (size_t)i * SN_PAGE;
    bool known = !believe && seen->rec[i].sum == snGet64(p + SLOT_SUM) &&
        !memcmp(p, seen->image + (size_t)i * SN_PAGE, SN_PAGE);
    if (known) *r = seen->rec[i]; /* most pages are as they were */
    else slotDecode(s, p, believe, NULL, r);
    if (r->state == SLOT_VALID) last = SN_MAX(last, r->txid);
  }
  return last;
}

int snSlotRead(Store *s, SlotSet *set) {
  int rc = snStoreReadAt(s, SN_PAGE, set->image, STORE_SLOT_BYTES);
  if (rc) return rc;
  u64 last = slotDecodeAll(s, set, false);
  if (!last && snLostAllowed(s) && slotDecodeAll(s, set, true)) {
    snLostSay(s, "no slot has its checksum: they are believed as they are");
  }
  return SEINE_OK;
}

/* Head and checksum of each page tell: two records with the same of both are
** the same record.  Through a map this is no system call. */
int snSlotSame(Store *s, const SlotSet *set, bool *same) {
  const u8 *now = s->slot_map;
  int rc = SEINE_OK;
  *same = false;
  if (!now && !s->config.no_map) {
    rc = s->file->ops->map(s->file, SN_PAGE, STORE_SLOT_BYTES, &now);
    if (rc) return rc;
    s->slot_map = now;
  }
  if (!now) {
    now = s->scratch.image;
    rc = snStoreReadAt(s, SN_PAGE, s->scratch.image, STORE_SLOT_BYTES);
    if (rc) return rc;
  }
  for (size_t at = 0; at < STORE_SLOT_BYTES; at += SN_PAGE) {
    const u8 *was = set->image + at;
    if (memcmp(now + at, was, SLOT_ENTRY)) return SEINE_OK;
    if (memcmp(now + at + SLOT_SUM, was + SLOT_SUM, 8)) return SEINE_OK;
  }
  *same = true;
  return SEINE_OK;
}

static int slotPut(Store *s, SlotSet *set, u32 at, const SlotRec *own) {
  const u8 *p = set->image + (size_t)at * SN_PAGE;
  slotDecode(s, p, false, own, set->rec + at);
  return snStoreWriteAt(s, (u64)(at + 1) * SN_PAGE, p, SN_PAGE);
}

int snSlotWrite(Store *s, SlotSet *set, u32 at, const SlotRec *rec,
    const ExtentRef *list, const u8 *delta) {
  snSlotBuild(s, set->image + (size_t)at * SN_PAGE, rec, list, delta);
  return slotPut(s, set, at, rec);
}

int snSlotErase(Store *s, SlotSet *set, u32 at) {
  u8 with = STORE_FAULT(FAULT_ERASE_ZEROS) ? 0 : SLOT_ERASE;
  static const SlotRec none;
  memset(set->image + (size_t)at * SN_PAGE, with, SN_PAGE);
  return slotPut(s, set, at, &none);
}

/* ---- the newest state --------------------------------------------------- */

/* The best record of the highest txid below `limit`: a confirmation, else
** the latest copy of the claim. */
static bool slotNewest(const SlotSet *set, u64 limit, u32 *at) {
  const SlotRec *best = NULL;
  for (u32 i = 0; i < STORE_SLOTS; i++) {
    const SlotRec *r = set->rec + i;
    if (r->state != SLOT_VALID || r->txid >= limit) continue;
    if (best && r->txid < best->txid) continue;
    if (best && r->txid == best->txid) {
      u32 a = r->flags & SLOT_CONF, b = best->flags & SLOT_CONF;
      if (a < b || (a == b && r->gen <= best->gen)) continue;
    }
    best = r;
    *at = i;
  }
  return best != NULL;
}

/* Are all extents of a small unconfirmed claim there, and the file as long as
** it says?  What others of its batch wrote and freed at the end is in no list.
** The answer is kept for the claim that was asked last. */
static int slotVerify(Store *s, const SlotSet *set, u32 at, bool *good) {
  const SlotRec *r = set->rec + at;
  u64 bytes = 0;
  int rc = SEINE_OK;
  *good = s->verdict;
  if (s->verdict_known && s->verdict_sum == r->sum) return SEINE_OK;
  *good = r->nlist > 0 || r->ndelta > 0;
  if (STORE_FAULT(FAULT_UNLISTED)) return SEINE_OK;
  if (*good) rc = snStoreHas(s, r->pages * SN_PAGE, good);
  for (u32 i = 0; !rc && *good && i < r->nlist; i++) {
    ExtentRef ref;
    snSlotList(set, at, i, &ref);
    *good = ref.len <= STORE_SMALL - bytes;
    bytes += ref.len;
    if (*good) rc = snExtentProbe(s, &ref, good);
  }
  if (rc) return rc;
  s->verdict_known = true;
  s->verdict_sum = r->sum;
  s->verdict = *good;
  return SEINE_OK;
}

/* True when the writer of an unconfirmed claim may still be at it: the sync
** has not returned, or it failed and the outcome is unknown. */
static int slotPending(Store *s, u64 txid, bool *yes) {
  u64 byte = STORE_LOCK_COMMIT + txid, found;
  int rc;
  *yes = !STORE_FAULT(FAULT_READ_AHEAD);
  if (!*yes) return SEINE_OK;
  if (s->group && !s->group->file && s->group->commit_lock == txid)
    return SEINE_OK; /* by this descriptor, which does not tell */
  rc = s->file->ops->lowest(s->file, byte, byte + 1, &found);
  if (!rc) *yes = found == byte;
  return rc;
}

static void slotTake(const SlotSet *set, u32 at, SlotPick *out) {
  const SlotRec *r = set->rec + at;
  out->at = at;
  out->txid = r->txid;
  out->root = r->root;
  out->pages = r->pages;
  out->confirmed = (r->flags & SLOT_CONF) != 0;
  out->pre = (r->flags & SLOT_PRE) != 0;
  out->delta = snSlotDelta(set, at);
  out->ndelta = r->ndelta;
  out->delta_sum = r->delta_sum;
}

bool snSlotBefore(const SlotSet *set, u64 below, SlotPick *out) {
  u32 at;
  memset(out, 0, sizeof *out);
  if (!slotNewest(set, below, &at)) return false;
  slotTake(set, at, out);
  return true;
}

int snSlotPick(Store *s, const SlotSet *set, bool as_writer, SlotPick *out) {
  u64 limit = UINT64_MAX, floor = 0;
  bool struck = false, good, pending;
  const SlotRec *r;
  u32 at = 0;
  int rc;
  memset(out, 0, sizeof *out);
  out->settled = true;
  for (;;) {
    if (!slotNewest(set, limit, &at)) break;
    r = set->rec + at;
    if (struck && r->txid < floor) break;
    slotTake(set, at, out);
    if (out->confirmed) return SEINE_OK;
    pending = false;
    if (!as_writer) rc = slotPending(s, r->txid, &pending);
    else rc = SEINE_OK;
    if (rc) return rc;
    if (pending) {
      out->settled = false;
    } else {
      good = true;
      if (!out->pre) rc = slotVerify(s, set, at, &good);
      if (rc || good) return rc;
    }
    struck = true;
    floor = SN_MAX(floor, r->base);
    limit = r->txid;
  }
  return snStoreSay(s, SN_CORRUPT,
      "%s: no complete state of the database is left", snStoreName(s));
}

#undef SLOT_SUM
#undef SLOT_ENTRY
#undef SLOT_ERASE
