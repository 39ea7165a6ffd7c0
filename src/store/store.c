/*
** The life of a store: open, close, and what the other files share.
**
** Everyone who has the file open holds its OPEN byte shared, so that whoever
** wants to cut the file can tell that he is alone.
*/
#include "store/storeInt.h"

#define STORE_OPEN_TRIES 2000 /* of 1 ms, while somebody cuts the file */

#ifdef SEINE_TEST
static StoreFault storeFault;
void snStoreFaultSet(StoreFault f) { storeFault = f; }
bool snStoreFault(StoreFault f) { return f == storeFault; }
#endif

const char *snStoreName(const Store *s) {
  return s->path ? s->path : "the database in memory";
}

int snStoreSay(Store *s, int rc, const char *fmt, ...) {
  char text[512];
  va_list ap;
  if (!s->config.message) return rc;
  va_start(ap, fmt);
  vsnprintf(text, sizeof text, fmt, ap);
  va_end(ap);
  s->config.message(s->config.message_arg, text);
  return rc;
}

/* Files only grow while somebody has them open: a size that was enough stays
** enough. */
int snStoreHas(Store *s, u64 bytes, bool *has) {
  int rc;
  *has = bytes <= s->size;
  if (*has) return SEINE_OK;
  rc = s->file->ops->size(s->file, &s->size);
  *has = !rc && bytes <= s->size;
  return rc;
}

int snStoreShared(Store *s, bool *shared) {
  u64 held = 0;
  int rc = s->file->ops->lowest(s->file, STORE_LOCK_OPEN,
      STORE_LOCK_OPEN + 1, &held);
  *shared = !rc && held == STORE_LOCK_OPEN;
  return rc;
}

static int storeOpenFile(Store *s) {
  int flags = s->config.create ? OS_CREATE : 0;
  int rc = SEINE_READONLY;
  if (!s->path) return snWatchOpen(s, NULL, OS_TEMP | OS_CREATE, &s->file);
  if (!s->read_only) rc = snWatchOpen(s, s->path, flags, &s->file);
  if (rc == SEINE_READONLY) {
    s->read_only = true;
    rc = snWatchOpen(s, s->path, OS_READONLY, &s->file);
  }
  if (!rc) return rc;
  return snStoreSay(s, rc, "cannot open %s", s->path);
}

static int storeEnter(Store *s) {
  Vfs *v = s->config.vfs;
  int rc = SEINE_BUSY;
  for (int i = 0; rc == SEINE_BUSY && i < STORE_OPEN_TRIES; i++) {
    if (i) v->sleep_us(v, 1000);
    rc = s->file->ops->lock(s->file, STORE_LOCK_OPEN, 1, LOCK_SHARED);
  }
  return rc;
}

int snStoreOpen(const StoreConfig *c, Store **out) {
  Store *s;
  int rc = SEINE_OK;
  *out = NULL;
  s = snMemZero(c->budget, sizeof *s);
  if (!s) return SN_NOMEM;
  s->config = *c;
  s->config.path = NULL;
  s->read_only = c->read_only;
  s->sync_off = c->sync_off;
  if (!c->path) s->config.vfs = snOsMemory();
  if (c->path) {
    s->path = snMemDup(c->budget, c->path, strlen(c->path));
    if (!s->path) rc = SN_NOMEM;
  }
  if (!rc) rc = storeOpenFile(s);
  if (!rc) rc = storeEnter(s);
  if (!rc) rc = snBellNew(c->budget, &s->bell);
  if (!rc) rc = snSlotInit(s, &s->seen);
  if (!rc) rc = snSlotInit(s, &s->scratch);
  if (!rc) rc = snHeaderRead(s);
  if (rc) {
    snStoreClose(s);
    return rc;
  }
  *out = s;
  return SEINE_OK;
}

void snStoreClose(Store *s) {
  if (!s) return;
  if (s->w.active) snWriterRollback(s);
  snSnapshotForget(s);
  assert(!s->snaps && !s->extents);
  snGroupDrop(s);
  snSpaceClear(&s->space);
  snSlotClear(&s->seen);
  snSlotClear(&s->scratch);
  snMemFree(s->w.puts);
  snMemFree(s->w.freed);
  snMemFree(s->w.doubt);
  if (s->slot_map) {
    s->file->ops->unmap(s->file, s->slot_map, STORE_SLOT_BYTES);
  }
  if (s->bulk) s->bulk->ops->close(s->bulk);
  if (s->file) s->file->ops->close(s->file);
  snLostClear(s);
  snBellFree(s->bell);
  snMemFree(s->path);
  snMemFree(s);
}

/* ---- copies ------------------------------------------------------------- */

/* Another uuid, so that no page of the one file passes in the other; the same
** one each time, so that copies of one state are equal. */
static void storeCopyUuid(Store *t, const Store *s, u64 txid) {
  u8 p[24];
  memcpy(p, s->uuid, 16);
  snPut64(p + 16, txid);
  snPut64(t->copy_uuid, snHash(p, sizeof p, 1));
  snPut64(t->copy_uuid + 8, snHash(p, sizeof p, 2));
  t->is_copy = true;
}

int snStoreCopyOpen(Store *s, const Snapshot *n, const char *path,
    bool *there, Store **out) {
  StoreConfig c = s->config;
  bool old = false;
  Store *t = NULL;
  *out = NULL;
  *there = false;
  c.path = path;
  c.vfs = s->path ? s->config.vfs : snOsFind(NULL);
  c.read_only = false;
  c.create = true;
  c.sync_off = s->sync_off;
  int rc = c.vfs->exists(c.vfs, path, &old);
  if (rc) return rc;
  rc = snStoreOpen(&c, &t);
  if (rc && !old) (void)c.vfs->remove(c.vfs, path);
  *there = rc == SEINE_NOTADB || rc == SEINE_CORRUPT || (!rc && t->size) ||
      (!rc && snStoreSame(s, t));
  if (*there) {
    snStoreClose(t);
    return SEINE_CANTOPEN;
  }
  if (rc) return rc;
  storeCopyUuid(t, s, n->txid);
  *out = t;
  return SEINE_OK;
}

void snStoreCopyClose(Store *copy, bool keep) {
  Vfs *v = copy->config.vfs;
  if (!keep) (void)v->remove(v, copy->path);
  snStoreClose(copy);
}

bool snStoreMate(const Store *s, StoreConfig *out) {
  *out = (StoreConfig){.vfs = s->config.vfs, .path = s->path,
      .no_map = s->config.no_map, .sync_off = s->sync_off, .mate = s};
  return s->group && s->group->file;
}

bool snStoreSame(const Store *a, const Store *b) {
  return a->file->ops->ident(a->file) == b->file->ops->ident(b->file);
}

/* ---- settings ----------------------------------------------------------- */

void snStoreSetSyncOff(Store *s, bool off) { s->sync_off = off; }
Budget *snStoreBudget(const Store *s) { return s->config.budget; }

#undef STORE_OPEN_TRIES
