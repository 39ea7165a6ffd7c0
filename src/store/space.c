/*
** Which pages are free?  Never stored: the complement of what the newest
** state reaches and of the graveyard in its root.
**
** Invariants:
** (1) Free runs are sorted by page and never touch each other.
** (2) Pages below `end` are free, in the graveyard, or in use; pages at `end`
**     and above do not exist yet.
** (3) An entry of the graveyard becomes free in commit C only when it was
**     freed by f with f <= D (D known durable: a crash opens D or later),
**     f + 2 <= C (T-1 stays whole against damage in T), and no pin < f.
** (4) On a full device the second of these rules is left out: what a commit
**     has freed serves the next one, or else nobody could ever write again.
*/
#include "store/storeInt.h"

#define SPACE_STEP_MIN ((u64)16)   /* 64 KiB */
#define SPACE_STEP_MAX ((u64)4096) /* 16 MiB */

void snSpaceClear(SpaceMap *m) {
  snMemFree(m->free);
  snMemFree(m->grave);
  memset(m, 0, sizeof *m);
}

/* ---- free runs ---------------------------------------------------------- */

/* The first free run at or behind `page`. */
static u32 spaceFind(const SpaceMap *m, u64 page) {
  u32 lo = 0, hi = m->nfree;
  while (lo < hi) {
    u32 mid = lo + (hi - lo) / 2;
    if (m->free[mid].page < page) lo = mid + 1;
    else hi = mid;
  }
  return lo;
}

static void spaceRemove(SpaceMap *m, u32 i) {
  memmove(m->free + i, m->free + i + 1,
      (m->nfree - i - 1) * sizeof *m->free);
  m->nfree--;
}

int snSpaceGive(Store *s, SpaceMap *m, u64 page, u64 n) {
  u32 i = spaceFind(m, page);
  SpaceRun *left = i ? m->free + i - 1 : NULL;
  SpaceRun *right = i < m->nfree ? m->free + i : NULL;
  bool at_left, at_right;
  if (!n) return SEINE_OK;
  if ((left && left->page + left->n > page)
      || (right && page + n > right->page)) {
    return snStoreSay(s, SN_CORRUPT, "%s: page %llu is freed twice",
        snStoreName(s), (unsigned long long)page);
  }
  at_left = left && left->page + left->n == page;
  at_right = right && page + n == right->page;
  if (at_left) {
    left->n += n;
    if (at_right) {
      left->n += right->n;
      spaceRemove(m, i);
    }
    return SEINE_OK;
  }
  if (at_right) {
    right->page = page;
    right->n += n;
    return SEINE_OK;
  }
  if (snMemGrow(NULL, &m->free, &m->free_cap, (u64)m->nfree + 1,
      sizeof *m->free)) return SN_NOMEM;
  memmove(m->free + i + 1, m->free + i, (m->nfree - i) * sizeof *m->free);
  m->free[i].page = page;
  m->free[i].n = n;
  m->nfree++;
  return SEINE_OK;
}

void snSpaceBack(Store *s, SpaceMap *m, u64 page, u64 n) {
  int rc = snSpaceGive(s, m, page, n);
  assert(!rc);
  (void)rc;
}

/* Cuts n pages off the front of run i. */
static u64 spaceCut(SpaceMap *m, u32 i, u64 n) {
  u64 page = m->free[i].page;
  m->free[i].page += n;
  m->free[i].n -= n;
  if (!m->free[i].n) spaceRemove(m, i);
  return page;
}

/* Free pages at the end of the file. */
static u64 spaceTail(const SpaceMap *m) {
  const SpaceRun *last = m->nfree ? m->free + m->nfree - 1 : NULL;
  if (!last || last->page + last->n != m->end) return 0;
  return last->n;
}

u64 snSpaceUsedEnd(const SpaceMap *m) { return m->end - spaceTail(m); }

static bool spaceAllowed(const SpaceMap *m, u64 n) {
  return n <= STORE_MAX_PAGES
      && m->end + n + SPACE_STEP_MAX <= STORE_MAX_PAGES;
}

/* Makes the file longer, so that n pages are free at its end: in steps, or
** by just what is needed when the device is almost full. */
static int spaceGrow(Store *s, SpaceMap *m, u64 n) {
  u64 need = n - SN_MIN(n, spaceTail(m)), step, to;
  int rc;
  if (!need) return SEINE_OK;
  step = SN_MIN(SN_MAX(m->end / 16, SPACE_STEP_MIN), SPACE_STEP_MAX);
  if (!spaceAllowed(m, n)) return SEINE_FULL;
  to = m->end + SN_MAX(need, step);
  rc = s->file->ops->allocate(s->file, to * SN_PAGE);
  if (rc == SEINE_FULL && step > need) {
    to = m->end + need;
    rc = s->file->ops->allocate(s->file, to * SN_PAGE);
  }
  if (rc) return rc;
  s->size = SN_MAX(s->size, to * SN_PAGE);
  rc = snSpaceGive(s, m, m->end, to - m->end);
  if (!rc) m->end = to;
  return rc;
}

static int spaceFull(Store *s, const SpaceMap *m, u64 n, int rc) {
  if (rc != SEINE_FULL) return rc;
  return snStoreSay(s, rc, spaceAllowed(m, n)
      ? "no space on the device for %s" : "%s would become too large",
      snStoreName(s));
}

/* The first run that fits, not the best one: what is rewritten often then
** wanders to the front, and the end of the file becomes free to be cut. */
static u32 spaceFit(const SpaceMap *m, u64 n) {
  u32 i = 0;
  while (i < m->nfree && m->free[i].n < n) i++;
  return i;
}

int snSpaceTake(Store *s, SpaceMap *m, u64 n, u64 *page) {
  u32 i = spaceFit(m, n);
  int rc = SEINE_OK;
  *page = 0;
  if (i == m->nfree) rc = spaceGrow(s, m, n);
  if (rc == SEINE_FULL && m->ngrave && spaceAllowed(m, n)) { /* (4) */
    rc = snSpaceMature(s, m, s->w.durable, UINT64_MAX, s->w.pin);
    if (!rc && spaceFit(m, n) == m->nfree) rc = spaceGrow(s, m, n);
  }
  if (rc) return spaceFull(s, m, n, rc);
  *page = spaceCut(m, spaceFit(m, n), n);
  return SEINE_OK;
}

bool snSpaceTakeBelow(SpaceMap *m, u64 n, u64 below, u64 *page) {
  for (u32 i = 0; i < m->nfree && m->free[i].page < below; i++) {
    if (m->free[i].n < n) continue;
    *page = spaceCut(m, i, n);
    return true;
  }
  return false;
}

int snSpaceTakeAt(Store *s, SpaceMap *m, u64 page, u64 n, bool *got) {
  u32 i = spaceFind(m, page);
  bool here = i < m->nfree && m->free[i].page == page;
  int rc;
  *got = false;
  if ((here && page + m->free[i].n == m->end) || (!here && page == m->end)) {
    rc = spaceGrow(s, m, n);
    if (rc) return spaceFull(s, m, n, rc);
    here = true;
  }
  if (!here || m->free[i].n < n) return SEINE_OK;
  spaceCut(m, i, n);
  *got = true;
  return SEINE_OK;
}

int snSpaceEnd(Store *s, SpaceMap *m) {
  u64 size, end;
  int rc = s->file->ops->size(s->file, &size);
  if (rc) return rc;
  s->size = size;
  end = size / SN_PAGE;
  if (end <= m->end) return SEINE_OK;
  rc = snSpaceGive(s, m, m->end, end - m->end);
  if (!rc) m->end = end;
  return rc;
}

/* ---- the graveyard ------------------------------------------------------ */

int snSpaceMature(Store *s, SpaceMap *m, u64 durable, u64 txid, u64 pin) {
  u32 kept = 0;
  int rc = SEINE_OK;
  for (u32 i = 0; i < m->ngrave; i++) {
    SpaceGrave g = m->grave[i];
    bool free = g.freed <= durable && g.freed + 2 <= txid && g.freed <= pin;
    if (free && !rc) rc = snSpaceGive(s, m, g.page, g.n);
    if (!free || rc) m->grave[kept++] = g;
  }
  m->ngrave = kept;
  return rc;
}

static void spaceSink(SpaceGrave *g, u32 i, u32 n) {
  for (;;) {
    u32 k = 2 * i + 1;
    SpaceGrave t;
    if (k >= n) return;
    if (k + 1 < n && g[k + 1].page > g[k].page) k++;
    if (g[i].page >= g[k].page) return;
    t = g[i];
    g[i] = g[k];
    g[k] = t;
    i = k;
  }
}

/* Heap sort: in place, and no input makes it slow. */
static void spaceSort(SpaceGrave *g, u32 n) {
  for (u32 i = n / 2; i > 0; i--) spaceSink(g, i - 1, n);
  for (u32 i = n; i > 1; i--) {
    SpaceGrave t = g[0];
    g[0] = g[i - 1];
    g[i - 1] = t;
    spaceSink(g, 0, i - 1);
  }
}

/* Neighbours freed by one commit become one entry; also those freed by
** different ones while an older pin holds both, or else a long reader beside
** a busy writer would let the graveyard grow without end. */
int snSpaceSortGrave(Store *s, SpaceGrave *g, u32 *n, u64 pin) {
  u32 kept = 0;
  spaceSort(g, *n);
  for (u32 i = 0; i < *n; i++) {
    SpaceGrave *last = kept ? g + kept - 1 : NULL;
    if (last && last->page + last->n > g[i].page) {
      return snStoreSay(s, SN_CORRUPT, "%s: page %llu is freed twice",
          snStoreName(s), (unsigned long long)g[i].page);
    }
    if (last && last->page + last->n == g[i].page
        && (last->freed == g[i].freed
            || (last->freed > pin && g[i].freed > pin))) {
      last->n += g[i].n;
      last->freed = SN_MAX(last->freed, g[i].freed);
      continue;
    }
    g[kept++] = g[i];
  }
  *n = kept;
  return SEINE_OK;
}

/* ---- building ----------------------------------------------------------- */

typedef struct SpaceWalk {
  Store *store;
  SpaceGrave *used; /* freed: 1 for the graveyard, 0 for extents */
  u32 n, cap;
} SpaceWalk;

static int spaceUse(SpaceWalk *w, u64 page, u64 n, u64 freed) {
  if (snMemGrow(w->store->config.budget, &w->used, &w->cap, (u64)w->n + 1,
      sizeof *w->used)) return SN_NOMEM;
  w->used[w->n].page = page;
  w->used[w->n].n = n;
  w->used[w->n].freed = freed;
  w->n++;
  return SEINE_OK;
}

static int spaceSeen(void *arg, const ExtentRef *ref) {
  SpaceWalk *w = arg;
  bool inside;
  int rc = snExtentInside(w->store, ref, &inside);
  if (rc) return rc;
  if (inside) return spaceUse(w, ref->page, snExtentPages(ref->len), 0);
  return snStoreSay(w->store, SN_CORRUPT, "%s: an extent at page %llu lies "
      "outside the file", snStoreName(w->store),
      (unsigned long long)ref->page);
}

/* The graveyard of n's root goes to the map and to the pages in use. */
static int spaceGraves(Store *s, Snapshot *n, SpaceMap *m, SpaceWalk *w) {
  int rc = SEINE_OK;
  if (snMemGrow(NULL, &m->grave, &m->grave_cap, n->ngrave + 1ull,
      sizeof *m->grave)) return SN_NOMEM;
  for (u32 i = 0; !rc && i < n->ngrave; i++) {
    SpaceGrave *g = m->grave + i;
    snSnapshotGrave(n, i, g);
    if (g->page < STORE_FIRST || g->page > m->end || !g->n
        || g->n > m->end - g->page || g->freed > n->txid) {
      return snStoreSay(s, SN_CORRUPT, "%s: the graveyard of state %llu is "
          "damaged", snStoreName(s), (unsigned long long)n->txid);
    }
    rc = spaceUse(w, g->page, g->n, 1);
  }
  if (!rc) m->ngrave = n->ngrave;
  return rc;
}

/* The gaps between the sorted pages in use. */
static int spaceGaps(Store *s, SpaceMap *m, const SpaceWalk *w) {
  u64 at = STORE_FIRST;
  int rc = SEINE_OK;
  for (u32 i = 0; !rc && i < w->n; i++) {
    const SpaceGrave *u = w->used + i;
    bool twin = i && u[-1].page == u->page && u[-1].n == u->n;
    /* One extent may be named twice, a dead one may not be named. */
    if (twin && !u->freed && !u[-1].freed) continue;
    if (u->page < at) {
      return snStoreSay(s, SN_CORRUPT, "%s: page %llu belongs to two extents",
          snStoreName(s), (unsigned long long)u->page);
    }
    rc = snSpaceGive(s, m, at, u->page - at);
    at = u->page + u->n;
  }
  if (!rc && at < m->end) rc = snSpaceGive(s, m, at, m->end - at);
  return rc;
}

int snSpaceBuild(Store *s, Snapshot *n, SpaceMap *m) {
  SpaceWalk w = {0};
  u64 size;
  int rc = s->file->ops->size(s->file, &size);
  snSpaceClear(m);
  w.store = s;
  if (rc) goto done;
  s->size = size;
  m->end = size / SN_PAGE;
  if (n->txid) {
    rc = SEINE_MISUSE;
    if (!s->w.walk) goto done;
    rc = spaceGraves(s, n, m, &w);
    if (!rc) rc = spaceSeen(&w, &n->ref);
    if (!rc) rc = s->w.walk(s->w.walk_arg, n, spaceSeen, &w);
    if (rc) goto done;
  }
  spaceSort(w.used, w.n);
  rc = spaceGaps(s, m, &w);
  if (rc) goto done;
  m->txid = n->txid;
  m->sum = n->ref.sum;
  m->valid = true;
done:
  snMemFree(w.used);
  if (rc) snSpaceClear(m);
  return rc;
}

#undef SPACE_STEP_MIN
#undef SPACE_STEP_MAX
