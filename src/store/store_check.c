/*
** Is the file whole, as far as the store can tell?  Header, slots, root, and
** the map of pages; the bytes inside extents are for those who own them.
*/
#include "store/storeInt.h"

typedef void (*StoreCheckSay)(void *arg, const char *text);

typedef struct StoreCheck {
  Store *store;
  StoreCheckSay say;
  void *arg;
} StoreCheck;

int snStoreInfo(Store *s, StoreInfo *out) {
  SpaceMap own = {0}, *m = &s->space;
  Snapshot *n = NULL;
  int rc;
  memset(out, 0, sizeof *out);
  rc = snSnapshotOpen(s, &n);
  if (!rc) rc = s->file->ops->size(s->file, &out->file_bytes);
  if (rc || s->fresh) goto done;
  out->txid = n->txid;
  out->pages = out->file_bytes / SN_PAGE;
  if (!m->valid || m->txid != n->txid) {
    m = &own;
    if (s->w.walk || !n->txid) rc = snSpaceBuild(s, n, m);
    if (rc) goto done;
  }
  for (u32 i = 0; i < m->nfree; i++) out->free_pages += m->free[i].n;
  for (u32 i = 0; i < m->ngrave; i++) out->graveyard_pages += m->grave[i].n;
  rc = snSlotRead(s, &s->scratch);
  for (u32 i = 0; !rc && i < STORE_SLOTS; i++) {
    const SlotRec *r = s->scratch.rec + i;
    if (r->state == SLOT_VALID && r->txid == n->txid
        && (r->flags & SLOT_CONF)) out->confirmed = true;
  }
  if (!rc) rc = snStoreShared(s, &out->shared);
done:
  snSpaceClear(&own);
  snSnapshotDrop(n);
  return rc;
}

static void storeCheckTell(StoreCheck *c, const char *fmt, u64 x)
    __attribute__((format(printf, 2, 0)));

static void storeCheckTell(StoreCheck *c, const char *fmt, u64 x) {
  char text[160];
  snprintf(text, sizeof text, fmt, (unsigned long long)x);
  c->say(c->arg, text);
}

/* What slots hold of other states is not asked for: after a power loss, or a
** sync that failed, it may be torn, or name pages that are not there, and the
** next writers go over it. */
static int storeCheckSlots(StoreCheck *c, Snapshot *n) {
  Store *s = c->store;
  bool found = false;
  int rc = snSlotRead(s, &s->scratch);
  if (rc) return rc;
  for (u32 i = 0; i < STORE_SLOTS; i++) {
    const SlotRec *r = s->scratch.rec + i;
    if (r->state != SLOT_VALID) continue;
    if (r->txid > n->txid) found = true; /* somebody committed meanwhile */
    if (r->txid != n->txid || r->root.sum != n->ref.sum) continue;
    found = true;
    if (r->pages * SN_PAGE > s->size) {
      storeCheckTell(c, "slot %llu: its state ends behind the file", i + 1);
    }
  }
  if (!found) {
    storeCheckTell(c, "no slot holds state %llu any more", n->txid);
  }
  return SEINE_OK;
}

static int storeCheckRoot(StoreCheck *c, Snapshot *n) {
  bool good;
  int rc;
  if (!n->txid) return SEINE_OK;
  rc = snExtentProbe(c->store, &n->ref, &good);
  if (!rc && !good) {
    storeCheckTell(c, "the root at page %llu is damaged", n->ref.page);
  }
  return rc;
}

/* While the map is built its messages are findings. */
static int storeCheckSpace(StoreCheck *c, Snapshot *n) {
  Store *s = c->store;
  StoreConfig kept = s->config;
  SpaceMap m = {0};
  int rc;
  if (!s->w.walk) return SEINE_OK;
  s->config.message = c->say;
  s->config.message_arg = c->arg;
  rc = snSpaceBuild(s, n, &m);
  s->config.message = kept.message;
  s->config.message_arg = kept.message_arg;
  snSpaceClear(&m);
  return rc == SEINE_CORRUPT ? SEINE_OK : rc;
}

int snStoreCheck(Store *s, Snapshot *n, StoreCheckSay say, void *arg) {
  StoreCheck c = {s, say, arg};
  bool fresh;
  int rc;
  rc = snHeaderRead(s);
  fresh = s->fresh;
  if (rc == SEINE_CORRUPT || rc == SEINE_NOTADB) {
    storeCheckTell(&c, "the header is damaged", 0);
    s->fresh = false;
    rc = SEINE_OK;
  }
  if (rc || fresh) return rc;
  if (s->size % SN_PAGE) {
    storeCheckTell(&c, "the file ends inside page %llu", s->size / SN_PAGE);
  }
  rc = storeCheckSlots(&c, n);
  if (!rc) rc = storeCheckRoot(&c, n);
  if (!rc) rc = storeCheckSpace(&c, n);
  return rc;
}
