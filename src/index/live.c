/*
** live: which documents of a segment are deleted?
**
** A segment never changes; its deletions stand beside it, in at most
** LIVE_EXTENTS extents, newest first.  The first one holds the directory:
**
**   u32 n          windows with deletions
**   n entries, by window, 12 bytes each:
**     u32 window
**     u32 offset   of the piece, in its extent
**     u16 deleted  documents, 1 to 4,096
**     u8  index    of the extent in LiveRef.ref; 0 is this one
**     u8  form     0: `deleted` u16, increasing; 1: bitmap of 512 bytes
**   pieces
**
** The directories of the older extents mean nothing any more, their pieces
** do as long as an entry leads to them.  A write adds one extent: a new
** directory, and pieces for the windows that it touches.
**
** Invariants:
** (1) A bit is set for a deleted document, and for none behind the last.
** (2) The entries' `deleted` add up to LiveRef.deleted; that is 0 exactly
**     when there is no extent.
** (3) Every extent but the first is named by an entry; else it is dropped
**     from the reference.
** (4) Nothing is freed here: a failed statement goes back to the old
**     reference, and a commit frees what the base reaches and the new state
**     does not.
*/
#include "index/index.h"

#define LIVE_EXTENTS 8u
#define LIVE_HEAD    4u
#define LIVE_ENTRY   12u
#define LIVE_BITMAP  (SN_WINDOW / 8)
#define LIVE_LIST    (LIVE_BITMAP / 2) /* documents of a list: fewer */

typedef struct LiveEntry {
  u32 window, offset;
  u16 deleted;
  u8 index, form;
} LiveEntry;

struct Live {
  u32 refs, docs, nwin;
  u32 deleted;
  u32 n;
  LiveEntry *entry; /* as in the directory */
  u64 **bits;       /* by window; NULL: nothing deleted */
  Arena arena;
};

static u32 liveWindows(u32 docs) {
  return docs / SN_WINDOW + (docs % SN_WINDOW != 0);
}

static u32 liveDocs(u32 docs, u32 w) { /* of window w */
  return SN_MIN(docs - w * SN_WINDOW, SN_WINDOW);
}

/* ---- reading ------------------------------------------------------------ */

static int liveList(const u8 *p, u32 n, u32 docs, u64 *bits) {
  u32 next = 0;
  for (u32 i = 0; i < n; i++) {
    u32 doc = snGet16(p + 2 * i);
    if (doc < next || doc >= docs) return SN_CORRUPT;
    snBitSet(bits, doc);
    next = doc + 1;
  }
  return SEINE_OK;
}

static int liveBitmap(const u8 *p, u32 n, u32 docs, u64 *bits) {
  u64 legal[SN_WORDS], over = 0;
  memcpy(bits, p, LIVE_BITMAP);
  snBitsFirst(legal, SN_WORDS, docs);
  for (u32 i = 0; i < SN_WORDS; i++) over |= bits[i] & ~legal[i];
  if (over || snBitsCount(bits, SN_WORDS) != n) return SN_CORRUPT;
  return SEINE_OK;
}

static int livePiece(Live *l, Extent *const *x, const LiveEntry *e) {
  u32 docs = liveDocs(l->docs, e->window);
  const u8 *p;
  if (!x[e->index] || !e->deleted || e->deleted > docs) return SN_CORRUPT;
  int rc = snExtentGet(x[e->index], e->offset,
      e->form ? LIVE_BITMAP : 2u * e->deleted, &p);
  if (rc) return rc;
  u64 *bits = snArenaZero(&l->arena, LIVE_BITMAP);
  if (!bits) return SN_NOMEM;
  l->bits[e->window] = bits;
  l->deleted += e->deleted;
  return e->form ? liveBitmap(p, e->deleted, docs, bits)
                 : liveList(p, e->deleted, docs, bits);
}

static int liveEntries(Live *l, Extent *const *x) {
  const u8 *p;
  u32 next = 0;
  int rc = snExtentGet(x[0], 0, LIVE_HEAD, &p);
  if (rc) return rc;
  l->n = snGet32(p);
  if (!l->n || l->n > l->nwin) return SN_CORRUPT;
  rc = snExtentGet(x[0], LIVE_HEAD, (u64)l->n * LIVE_ENTRY, &p);
  if (rc) return rc;
  l->entry = snArenaAlloc(&l->arena, l->n * sizeof *l->entry);
  if (!l->entry) return SN_NOMEM;
  for (u32 i = 0; !rc && i < l->n; i++, p += LIVE_ENTRY) {
    LiveEntry *e = l->entry + i;
    e->window = snGet32(p);
    e->offset = snGet32(p + 4);
    e->deleted = snGet16(p + 8);
    e->index = p[10];
    e->form = p[11];
    if (e->window < next || e->window >= l->nwin || e->form > 1 ||
        e->index >= LIVE_EXTENTS)
      return SN_CORRUPT;
    next = e->window + 1;
    rc = livePiece(l, x, e);
  }
  return rc;
}

static int liveRead(Live *l, Store *s, const LiveRef *ref) {
  Extent *x[LIVE_EXTENTS] = {0};
  int rc = SEINE_OK;
  if (ref->n > LIVE_EXTENTS || !ref->n != !ref->deleted) return SN_CORRUPT;
  for (u32 i = 0; !rc && i < ref->n; i++)
    rc = snExtentOpen(s, ref->ref + i, x + i);
  if (!rc && ref->n) rc = liveEntries(l, x);
  if (!rc && l->deleted != ref->deleted) rc = SN_CORRUPT;
  for (u32 i = 0; i < ref->n; i++) snExtentDrop(x[i]);
  return rc;
}

int snLiveOpen(Store *s, const LiveRef *ref, u32 docs, Live **out) {
  Budget *b = snStoreBudget(s);
  Live *l;
  *out = NULL;
  if (!docs || docs > DOC_MAX) return SN_CORRUPT;
  l = snMemZero(b, sizeof *l);
  if (!l) return SN_NOMEM;
  l->refs = 1;
  l->docs = docs;
  l->nwin = liveWindows(docs);
  snArenaInit(&l->arena, b);
  l->bits = snArenaZero(&l->arena, l->nwin * sizeof *l->bits);
  int rc = l->bits ? liveRead(l, s, ref) : SN_NOMEM;
  if (rc) snLiveDrop(l);
  else *out = l;
  return rc;
}

Live *snLiveKeep(Live *l) {
  l->refs++;
  return l;
}

void snLiveDrop(Live *l) {
  if (!l || --l->refs) return;
  snArenaClear(&l->arena);
  snMemFree(l);
}

u32 snLiveDeleted(const Live *l) { return l ? l->deleted : 0; }

void snLiveMask(const Live *l, u32 w, u64 *bits) {
  const u64 *gone = l && w < l->nwin ? l->bits[w] : NULL;
  if (!gone) return;
  for (u32 i = 0; i < SN_WORDS; i++) bits[i] &= ~gone[i];
}

bool snLiveHas(const Live *l, u32 doc) {
  if (!l) return true;
  if (doc >= l->docs) return false;
  const u64 *gone = l->bits[doc / SN_WINDOW];
  return !gone || !snBit(gone, doc % SN_WINDOW);
}

/* ---- writing ------------------------------------------------------------ */

typedef struct LiveWrite {
  const Live *old;
  u64 *const *deleted;
  u32 docs, nwin;
  u32 ntouched;
  u64 *touched;        /* a bit for each window */
  u8 used[LIVE_EXTENTS]; /* old extents that entries keep alive */
  u8 moved[LIVE_EXTENTS]; /* their new indexes */
  u32 nused, total;
  bool all;            /* every piece goes into the new extent */
  Buf dir, pieces;
} LiveWrite;

/* Old and new deletions of a window; false when the new ones add nothing. */
static bool liveJoin(const LiveWrite *w, u32 win, u64 *bits) {
  const u64 *old = w->old ? w->old->bits[win] : NULL;
  const u64 *new = w->deleted[win];
  u64 more = 0;
  snBitsFirst(bits, SN_WORDS, liveDocs(w->docs, win));
  for (u32 i = 0; i < SN_WORDS; i++) {
    u64 was = old ? old[i] : 0, add = new ? new[i] & bits[i] : 0;
    more |= add & ~was;
    bits[i] = was | add;
  }
  return more != 0;
}

/* Which windows change, and which old extents are still needed then. */
static void livePlan(LiveWrite *w) {
  u64 bits[SN_WORDS];
  for (u32 win = 0; win < w->nwin; win++) {
    if (!w->deleted[win] || !liveJoin(w, win, bits)) continue;
    w->touched[win / 64] |= 1ull << (win % 64);
    w->ntouched++;
  }
  for (u32 i = 0; w->old && i < w->old->n; i++) {
    const LiveEntry *e = w->old->entry + i;
    if (!snBit(w->touched, e->window)) w->used[e->index] = 1;
  }
  for (u32 i = 0; i < LIVE_EXTENTS; i++)
    if (w->used[i]) w->moved[i] = (u8)++w->nused;
  w->all = w->nused >= LIVE_EXTENTS;
}

static void liveEntry(Buf *b, const LiveEntry *e) {
  snBufU32(b, e->window);
  snBufU32(b, e->offset);
  snBufU16(b, e->deleted);
  snBufByte(b, e->index);
  snBufByte(b, e->form);
}

/* base: bytes of the directory, which stands before the pieces. */
static void livePut(LiveWrite *w, u32 win, const u64 *bits, u32 base) {
  u16 list[SN_WINDOW];
  u32 n = snBitsCount(bits, SN_WORDS);
  LiveEntry e = {win, base + (u32)w->pieces.n, (u16)n, 0, n >= LIVE_LIST};
  liveEntry(&w->dir, &e);
  w->total += n;
  if (e.form) {
    snBufAdd(&w->pieces, bits, LIVE_BITMAP);
    return;
  }
  snBitsList(bits, SN_WORDS, list);
  snBufAdd(&w->pieces, list, 2 * (size_t)n);
}

static void liveCarry(LiveWrite *w, const LiveEntry *old) {
  LiveEntry e = *old;
  e.index = w->moved[old->index];
  liveEntry(&w->dir, &e);
  w->total += e.deleted;
}

/* Windows of the new directory: those that have an old entry, and those that
** are touched for the first time. */
static u32 liveCount(const LiveWrite *w) {
  u32 n = w->old ? w->old->n : 0;
  for (u32 win = 0; win < w->nwin; win++)
    if (snBit(w->touched, win) && !(w->old && w->old->bits[win])) n++;
  return n;
}

static void liveBuild(LiveWrite *w) {
  u64 bits[SN_WORDS];
  u32 n = liveCount(w), base = LIVE_HEAD + n * LIVE_ENTRY, at = 0;
  snBufU32(&w->dir, n);
  for (u32 win = 0; win < w->nwin; win++) {
    const LiveEntry *e = NULL;
    if (w->old && w->old->bits[win]) e = w->old->entry + at++;
    if (e && !w->all && !snBit(w->touched, win)) {
      liveCarry(w, e);
    } else if (e || snBit(w->touched, win)) {
      liveJoin(w, win, bits);
      livePut(w, win, bits, base);
    }
  }
}

static int liveStore(LiveWrite *w, Store *s, u64 seed, LiveRef *ref) {
  LiveRef to = {0};
  int rc = w->dir.rc;
  snBufAdd(&w->dir, w->pieces.data, w->pieces.n);
  if (!rc) rc = w->pieces.rc;
  if (!rc) rc = w->dir.rc;
  if (!rc) rc = snWriterPut(s, w->dir.data, w->dir.n, seed, &to.ref[0]);
  if (rc) return rc;
  to.n = 1;
  to.deleted = w->total;
  for (u32 i = 0; !w->all && i < ref->n; i++)
    if (w->used[i]) to.ref[to.n++] = ref->ref[i];
  *ref = to;
  return SEINE_OK;
}

int snLiveWrite(Store *s, const Live *old, u64 **deleted, u32 docs, u64 seed,
    LiveRef *ref) {
  Budget *b = snStoreBudget(s);
  LiveWrite w = {0};
  Live *opened = NULL;
  int rc = SEINE_OK;
  if (!docs || docs > DOC_MAX) return SN_CORRUPT;
  snBufInit(&w.dir, b);
  snBufInit(&w.pieces, b);
  if (!old && ref->n) rc = snLiveOpen(s, ref, docs, &opened);
  if (rc) return rc;
  w.old = old ? old : opened;
  assert(!w.old || (w.old->docs == docs && w.old->deleted == ref->deleted));
  w.deleted = deleted;
  w.docs = docs;
  w.nwin = liveWindows(docs);
  w.touched = snMemZero(b, ((size_t)w.nwin / 64 + 1) * sizeof *w.touched);
  if (!w.touched) {
    rc = SN_NOMEM;
    goto done;
  }
  livePlan(&w);
  if (!w.ntouched) goto done;
  liveBuild(&w);
  rc = liveStore(&w, s, seed, ref);
done:
  snBufClear(&w.dir);
  snBufClear(&w.pieces);
  snMemFree(w.touched);
  snLiveDrop(opened);
  return rc;
}

#undef LIVE_EXTENTS
#undef LIVE_HEAD
#undef LIVE_ENTRY
#undef LIVE_BITMAP
#undef LIVE_LIST
