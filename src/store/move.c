/*
** How does an extent get to another place?
**
** Its checksums are seeded with its first page, so that moving is reading,
** checking and writing anew: by pieces of 1 MiB, in bounded memory, and the
** caller is asked before each piece whether to stop.  The pages go through
** the rules of any other write: free ones only, and what the old place holds
** is freed by the commit that names the new one.
*/
#include "store/storeInt.h"

int snMoveSpace(Store *s, MoveSpace *out) {
  const SpaceMap *m = &s->space;
  int rc;
  memset(out, 0, sizeof *out);
  if (!s->w.active) return SEINE_MISUSE;
  snGroupSettle(s);
  rc = snWriterReady(s);
  if (!rc) rc = snStoreShared(s, &out->shared);
  if (rc) return rc;
  out->end = m->end;
  out->used_end = snSpaceUsedEnd(m);
  for (u32 i = 0; i < m->nfree; i++) {
    const SpaceRun *r = m->free + i;
    if (r->page >= out->used_end) break;
    out->free += r->n;
    if (r->n <= out->hole_pages) continue;
    out->hole = r->page;
    out->hole_pages = r->n;
  }
  for (u32 i = 0; i < m->ngrave; i++) out->buried += m->grave[i].n;
  out->promised = snWriterPromised(s);
  out->settled = s->w.pick.confirmed;
  out->pinned = s->w.pin < s->w.pick.txid;
  return SEINE_OK;
}

/* ---- copying ------------------------------------------------------------ */

typedef struct MoveCopy {
  Stream *to;
  int (*stop)(void *arg);
  void *arg;
} MoveCopy;

static int movePiece(void *arg, const u8 *p, u64 n) {
  MoveCopy *c = arg;
  if (c->stop && c->stop(c->arg)) return SEINE_INTERRUPT;
  return snStreamAdd(c->to, p, n);
}

/* Takes over the stream of c. */
static int moveScan(Store *from, const ExtentRef *ref, MoveCopy *c,
    ExtentRef *to) {
  int rc = snExtentScan(from, ref, movePiece, c);
  if (!rc) return snStreamEnd(c->to, to);
  snStreamAbort(c->to);
  return rc;
}

/* One piece: into the pages at to->page, through the commit's descriptor. */
static int moveSmall(Store *s, const ExtentRef *from, ExtentRef *to) {
  u8 *p;
  int rc = snExtentLoad(s, from, &p);
  if (!rc) rc = snExtentWrite(s, p, to);
  if (!rc) rc = snWriterAdopt(s, to);
  snMemFree(p);
  if (rc) snSpaceBack(s, &s->space, to->page, snExtentPages(to->len));
  return rc;
}

static int moveRoom(Store *s, u64 n, u64 below, bool at_end, u64 *page) {
  SpaceMap *m = &s->space;
  bool got;
  *page = 0;
  if (!at_end) {
    (void)snSpaceTakeBelow(m, n, below, page);
    return SEINE_OK;
  }
  *page = snSpaceUsedEnd(m);
  int rc = snSpaceTakeAt(s, m, *page, n, &got);
  assert(rc || got); /* the end is free by definition */
  return rc;
}

int snMoveExtent(Store *s, const ExtentRef *from, bool at_end,
    int (*stop)(void *arg), void *arg, ExtentRef *to) {
  u64 n = snExtentPages(from->len);
  ExtentRef r = {0, from->len, from->seed, 0};
  MoveCopy c = {NULL, stop, arg};
  int rc;
  memset(to, 0, sizeof *to);
  if (stop && stop(arg)) return SEINE_INTERRUPT;
  rc = snWriterReady(s);
  if (!rc) rc = moveRoom(s, n, from->page, at_end, &r.page);
  if (rc || !r.page) return rc;
  if (from->len <= STORE_CHUNK) {
    rc = moveSmall(s, from, &r);
  } else {
    rc = snStreamInto(s, from->seed, r.page, n, &c.to);
    if (!rc) rc = moveScan(s, from, &c, &r);
  }
  if (!rc) *to = r;
  return rc;
}

int snMoveAcross(Store *from, const ExtentRef *ref, Store *into,
    int (*stop)(void *arg), void *arg, ExtentRef *to) {
  MoveCopy c = {NULL, stop, arg};
  int rc = snStreamBegin(into, ref->seed, ref->len, &c.to);
  memset(to, 0, sizeof *to);
  return rc ? rc : moveScan(from, ref, &c, to);
}
