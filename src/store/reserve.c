/*
** How is a large extent written while others commit?
**
** A small transaction takes free pages for it and lays them into the
** graveyard: freed by its commit, though nothing has stood there.  From then
** on rule W1 keeps the writers of all processes off them while a snapshot of
** an older state is pinned, and whoever wants to write has one.  A stream
** that belongs to no transaction fills them.  A second transaction takes the
** extent out of the graveyard.  When it never comes, after a crash or because
** the writer gave up, the pin is gone, and the pages become free as others do.
**
** Invariants:
** (1) Pages set aside are free in every state that a crash may leave: the
**     newest one lists them as dead, and those before it never had them.
** (2) They are written from when the commit that set them aside is durable
**     until the extent is taken, by one stream.
** (3) The extent was synced, by the descriptor that wrote it, before the
**     transaction that takes it began: its claim may name what stands above.
** (4) The commit that sets pages aside counts as a large one (W3).  No extent
**     that it lists shows that the file is as long as it says, if they lie at
**     the end.
*/
#include "store/storeInt.h"

int snReserve(Store *s, u64 len, Reserve *out) {
  SpaceRun *a = &s->w.aside;
  u64 n = snExtentPages(len), page;
  int rc;
  memset(out, 0, sizeof *out);
  rc = snWriterReady(s);
  if (!rc && a->n) rc = SEINE_MISUSE;
  if (!rc) rc = snSpaceTake(s, &s->space, n, &page);
  if (rc) return rc;
  *a = (SpaceRun){page, n};
  s->w.bytes += STORE_SMALL + 1; /* (4) */
  *out = (Reserve){page, n};
  return SEINE_OK;
}

int snReserveStream(Store *s, const Reserve *r, u64 seed, Stream **out) {
  return snStreamAside(s, seed, r->page, r->pages, out);
}

/* Cuts n pages at `page` out of entry i, which has them. */
static int reserveCut(SpaceMap *m, u32 i, u64 page, u64 n) {
  SpaceGrave *g, right = m->grave[i];
  u64 end = right.page + right.n;
  if (snMemGrow(NULL, &m->grave, &m->grave_cap, m->ngrave + 1ull,
      sizeof *m->grave)) return SN_NOMEM;
  g = m->grave + i;
  g->n = page - g->page;
  right.page = page + n;
  right.n = end - right.page;
  memmove(g + 2, g + 1, (m->ngrave - i - 1) * sizeof *g);
  g[1] = right;
  m->ngrave++;
  for (u32 k = i + 2; k-- > i;) {
    if (m->grave[k].n) continue;
    memmove(m->grave + k, m->grave + k + 1,
        (m->ngrave - k - 1) * sizeof *g);
    m->ngrave--;
  }
  return SEINE_OK;
}

int snReserveTake(Store *s, const ExtentRef *ref) {
  SpaceMap *m = &s->space;
  u64 n = snExtentPages(ref->len);
  int rc = snWriterReady(s);
  if (rc) return rc;
  for (u32 i = 0; i < m->ngrave; i++) {
    const SpaceGrave *g = m->grave + i;
    if (ref->page < g->page || n > g->n || ref->page - g->page > g->n - n)
      continue;
    rc = reserveCut(m, i, ref->page, n);
    if (!rc) rc = snWriterAdopt(s, ref);
    if (rc) s->space.valid = false;
    return rc;
  }
  return snStoreSay(s, SEINE_MISUSE, "%s: nothing was set aside at page %llu",
      snStoreName(s), (unsigned long long)ref->page);
}

int snReserveTurn(Store *s, bool waits) {
  const StoreConfig *c = &s->config;
  for (int count = 0;; count++) {
    u32 us = 0;
    int rc = s->file->ops->lock(s->file, STORE_LOCK_MERGE, 1, LOCK_EXCLUSIVE);
    if (rc != SEINE_BUSY || !waits || !c->busy) return rc;
    if (!c->busy(c->busy_arg, count, &us)) return rc;
    if (us) c->vfs->sleep_us(c->vfs, us);
  }
}

void snReserveOver(Store *s) {
  s->file->ops->lock(s->file, STORE_LOCK_MERGE, 1, LOCK_NONE);
}
