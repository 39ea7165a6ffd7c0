/*
** Does the store keep the order it promises?  In development builds every
** file of a store is opened through this watch, which knows the protocol by
** the bytes that go by: which pages a state reaches, what has been synced,
** what the slots say.  The first write, sync or acknowledgement that breaks a
** rule ends the process.  With SEINE_DEBUG unset nothing of it is compiled.
**
** There is one Watch for each open file of a process.  It judges by
**     until[page]  WATCH_LIVE: a transaction that was handed over reaches it;
**                  else the commit that freed it; 0: nobody needs it
**     wrote[page]  the number of its last write, which is durable when it is
**                  not above `synced`; WATCH_LOST: no sync will make it so
**
** Rules:
** (1) No page is written that the newest state reaches, a waiting transaction
**     reaches, or that was freed by f unless f <= D, f + 2 <= C and no reader
**     here holds a state below f (W1, G3).  f + 1 will do when the disk is
**     full.  Pages that were set aside count as freed, and are written by who
**     has them (B2).
** (2) Data is written, and the file grows beyond the first five pages, when
**     no torn or false claim stands in a slot, what erased it is synced, and
**     so is the header (S1).
** (3) A claim spares the slots of D's claim and of a newer one in doubt, and
**     names a base that is durable.  It is PRE when what it builds on is not,
**     and then all it reaches is synced (S3, S4, W3, W4).  Its COMMIT byte is
**     held.
** (4) A confirmation comes, a transaction is acknowledged, a reader believes
**     a state of this process, when claim and extents are synced (W5, W6).
** (5) What a failed sync was to write is durable when it was written anew, and
**     synced (S5).
** (6) The file is cut behind all that is reached, after a sync of the slots.
**
** What another process writes is seen when the lock of the writer changes
** hands: the slots are read again, and the pages learnt from the next map of
** free pages.  A store with syncs off counts each write as durable.
*/
#include "store/storeInt.h"
#ifdef SEINE_DEBUG

#define WATCH_LIVE UINT64_MAX
#define WATCH_LOST UINT64_MAX
#define WATCH_NONE STORE_SLOTS /* no slot */
#define WATCH_ERASED 0xb5

typedef enum WatchKind {
  WATCH_VIRGIN, WATCH_RECORD, WATCH_CLEARED, WATCH_TORN
} WatchKind;

typedef struct WatchSlot {
  WatchKind kind;
  u64 txid, base;
  ExtentRef root;
  u32 flags, gen, base_slot;
} WatchSlot;

typedef struct WatchRun {
  u64 page, n, txid;
} WatchRun;

typedef struct WatchList {
  WatchRun *run;
  u32 n, cap;
} WatchList;

typedef struct WatchFile WatchFile;
typedef struct WatchPin {
  const WatchFile *file;
  u64 txid;
} WatchPin;

typedef struct Watch Watch;
struct Watch {
  Watch *next;
  Vfs *vfs;
  u64 ident, process;
  u32 refs;
  bool looked; /* the slots are known, and what follows from them */
  bool based;  /* `until` is that of `newest` */
  bool claimed; /* the newest claim is not yet known durable */
  bool full;    /* the file could not grow, once */
  u64 writes, synced;
  u64 *until, *wrote, cap;
  WatchSlot slot[STORE_SLOTS];
  u64 newest, newest_sum; /* that has a claim; the sum of its root */
  u64 durable;
  u32 keep;    /* the slot of D's claim */
  u32 doubted; /* of a newer claim that may be all a crash leaves */
  u32 claim;   /* the newest one */
  u64 commit;  /* whose COMMIT byte is held, and by whom */
  const WatchFile *committer;
  WatchList laid;  /* of transactions that wait for a claim */
  WatchList named; /* by the newest claim */
  WatchList doubt; /* of a state in doubt: may be absent from the disk */
  WatchPin *pin;
  u32 npin, pin_cap;
  const Store *asider; /* whose stream fills pages that were set aside, */
  WatchRun aside;      /* ... these; or NULL */
};

struct WatchFile {
  File file;
  File *below;
  Store *store;
  Watch *watch;
  bool dirty; /* written through this descriptor and not synced by it */
};

static Watch *watchList;
static pthread_mutex_t watchLock = PTHREAD_MUTEX_INITIALIZER;

#ifdef SEINE_TEST
typedef void WatchTold(const char *text);
static WatchTold *watchTold;
void snWatchTell(void (*told)(const char *text)) { watchTold = told; }
#endif

/* ---- findings ----------------------------------------------------------- */

static void watchBad(const char *fmt, ...)
    __attribute__((format(printf, 1, 2)));
static void watchBad(const char *fmt, ...) {
  char text[200];
  va_list ap;
  va_start(ap, fmt);
  vsnprintf(text, sizeof text, fmt, ap);
  va_end(ap);
#ifdef SEINE_TEST
  if (watchTold) {
    watchTold(text);
    return;
  }
#endif
  fputs("the watch over the store: ", stderr);
  fputs(text, stderr);
  fputs("\n", stderr);
  assert(!"the order of writes and syncs is broken");
}

/* No test fails an allocation here, and no budget pays for it. */
static void *watchGrow(void *p, u32 *cap, u32 n, size_t size) {
  if (n <= *cap) return p;
  *cap = SN_MAX(n, 2 * *cap);
  p = realloc(p, *cap * size);
  assert(p);
  return p;
}

static void watchAdd(WatchList *l, u64 page, u64 n, u64 txid) {
  l->run = watchGrow(l->run, &l->cap, l->n + 1, sizeof *l->run);
  l->run[l->n++] = (WatchRun){page, n, txid};
}

/* ---- pages -------------------------------------------------------------- */

static void watchReach(Watch *m, u64 pages) {
  u64 cap = m->cap;
  if (pages <= cap) return;
  m->cap = SN_MAX(pages, cap + cap / 2);
  m->until = realloc(m->until, m->cap * sizeof *m->until);
  m->wrote = realloc(m->wrote, m->cap * sizeof *m->wrote);
  assert(m->until && m->wrote);
  memset(m->until + cap, 0, (m->cap - cap) * sizeof *m->until);
  memset(m->wrote + cap, 0, (m->cap - cap) * sizeof *m->wrote);
}

static void watchMark(Watch *m, u64 page, u64 n, u64 until) {
  watchReach(m, page + n);
  for (u64 i = page; i < page + n; i++) m->until[i] = until;
}

static bool watchClean(const Watch *m, u64 page) {
  return m->wrote[page] <= m->synced;
}

/* Whether all the runs have reached the disk; of a batch only what is still
** reached counts.  *page: the first that has not. */
static bool watchSynced(const Watch *m, const WatchList *l, u64 *page) {
  for (u32 i = 0; i < l->n; i++) {
    for (u64 k = 0; k < l->run[i].n; k++) {
      *page = l->run[i].page + k;
      if (m->until[*page] == WATCH_LIVE && !watchClean(m, *page))
        return false;
    }
  }
  return true;
}

/* Is the newest claim durable by now? */
static void watchSettle(Watch *m) {
  u64 page;
  if (!m->claimed || !watchClean(m, m->claim + 1)) return;
  if (!watchSynced(m, &m->named, &page) || !watchSynced(m, &m->doubt, &page))
    return;
  m->durable = m->newest;
  m->keep = m->claim;
  m->doubted = WATCH_NONE;
  m->claimed = false;
  m->named.n = m->doubt.n = 0;
}

/* ---- slots -------------------------------------------------------------- */

static bool watchFilled(const u8 *p, u8 with) {
  return p[0] == with && !memcmp(p, p + 1, SN_PAGE - 1);
}

static void watchDecode(const Store *s, const u8 *p, WatchSlot *t) {
  memset(t, 0, sizeof *t);
  t->kind = WATCH_TORN;
  if (watchFilled(p, 0)) t->kind = WATCH_VIRGIN;
  if (watchFilled(p, WATCH_ERASED)) t->kind = WATCH_CLEARED;
  if (memcmp(p, "SeineRec", 8)) return;
  if (snHash(p, SN_PAGE - 8, s->seed) != snGet64(p + SN_PAGE - 8)) return;
  t->txid = snGet64(p + 8);
  t->flags = snGet32(p + 16);
  t->gen = snGet32(p + 20);
  snExtentRefGet(p + 24, &t->root);
  t->base = snGet64(p + 64);
  t->base_slot = snGet32(p + 72);
  if (t->txid < STORE_MAX_TXID && snGet64(p + 56) <= STORE_MAX_PAGES
      && t->base <= t->txid && t->base_slot < STORE_SLOTS
      && snGet32(p + 76) <= SLOT_LIST && !t->txid == !t->root.page)
    t->kind = WATCH_RECORD;
}

static bool watchIsClaim(const WatchSlot *t, u64 txid) {
  return t->kind == WATCH_RECORD && t->txid == txid && !(t->flags & SLOT_CONF);
}

/* The oldest copy of a claim, or the latest. */
static u32 watchFind(const Watch *m, u64 txid, bool latest) {
  u32 best = WATCH_NONE;
  for (u32 i = 0; i < STORE_SLOTS; i++) {
    const WatchSlot *t = m->slot + i;
    if (!watchIsClaim(t, txid)) continue;
    if (best == WATCH_NONE || (t->gen > m->slot[best].gen) == latest) best = i;
  }
  return best;
}

/* What the state that a writer found says of what is durable.  Is D's claim no
** longer in its slot, a confirmation was to take its place: then the newest
** claim was durable, and there is nothing else to keep. */
static void watchTake(Watch *m, const Store *s, const u8 *image) {
  const SlotPick *pick = &s->w.pick;
  const u8 *p = image + (size_t)pick->at * SN_PAGE;
  u32 oldest = watchFind(m, pick->txid, false), nlist = snGet32(p + 76);
  bool sure = pick->confirmed && (oldest != WATCH_NONE || !pick->txid);
  m->newest = pick->txid;
  m->claimed = false;
  m->laid.n = m->named.n = m->doubt.n = 0;
  m->durable = sure ? pick->txid : m->slot[pick->at].base;
  m->keep = m->slot[pick->at].base_slot;
  m->doubted = sure ? WATCH_NONE : oldest == WATCH_NONE ? pick->at : oldest;
  if (sure) m->keep = watchFind(m, pick->txid, true);
  if (m->keep == WATCH_NONE) m->keep = pick->at;
  if (m->slot[m->keep].kind != WATCH_RECORD
      || m->slot[m->keep].txid != m->durable) m->keep = WATCH_NONE;
  if (m->keep != WATCH_NONE) m->wrote[m->keep + 1] = 0;
  if (pick->confirmed || pick->pre) return;
  for (u32 i = 0; i < nlist; i++) {
    ExtentRef r;
    snExtentRefGet(p + 80 + (size_t)i * EXTENT_REF_BYTES, &r);
    if (r.page != pick->root.page)
      watchAdd(&m->doubt, r.page, snExtentPages(r.len), 0);
  }
}

/* The first write since somebody took the writer's lock.  False: nothing can
** be known now. */
static bool watchLook(Watch *m, const WatchFile *x) {
  const SlotPick *pick = &x->store->w.pick;
  u8 image[STORE_SLOT_BYTES];
  File *g = x->below;
  if (m->looked) return true;
  if (!x->store->w.active || x->store->w.known || pick->fresh) return false;
  if (g->ops->read(g, SN_PAGE, image, sizeof image)) return false;
  for (u32 i = 0; i < STORE_SLOTS; i++) {
    WatchSlot was = m->slot[i];
    watchDecode(x->store, image + (size_t)i * SN_PAGE, m->slot + i);
    if (memcmp(&was, m->slot + i, sizeof was) || !watchClean(m, i + 1))
      m->wrote[i + 1] = ++m->writes;
  }
  m->based = m->based && m->newest == pick->txid
      && m->newest_sum == pick->root.sum;
  watchTake(m, x->store, image);
  m->looked = true;
  return true;
}

/* What a claim's root says that its commit has freed. */
static void watchBury(Watch *m, File *below, const WatchSlot *t) {
  u8 head[24], e[24];
  u64 at = t->root.page * SN_PAGE;
  if (!m->based) return;
  m->based = false;
  if (below->ops->read(below, at, head, sizeof head)) return;
  for (u32 i = 0; i < snGet32(head + 8); i++) {
    u64 page, n;
    at += sizeof e;
    if (below->ops->read(below, at, e, sizeof e)) return;
    page = snGet64(e);
    n = snGet64(e + 8);
    if (snGet64(e + 16) <= m->newest) continue;
    watchReach(m, page + n);
    for (u64 k = page; k < page + n; k++)
      if (m->until[k] == WATCH_LIVE) m->until[k] = t->txid;
  }
  m->based = true;
}

static void watchClaim(Watch *m, const WatchFile *x, u32 at,
    const WatchSlot *t) {
  const WatchSlot *base = m->slot + t->base_slot;
  u64 page;
  u32 kept = 0;
  if (m->commit != t->txid)
    watchBad("claim %llu without its COMMIT byte", (unsigned long long)t->txid);
  if (t->base > m->durable || (m->keep != WATCH_NONE
      && (base->kind != WATCH_RECORD || base->txid != t->base
      || !watchClean(m, t->base_slot + 1)))) {
    watchBad("claim %llu names base %llu, which is not durable",
        (unsigned long long)t->txid, (unsigned long long)t->base);
  }
  if (!(t->flags & SLOT_PRE) && m->durable != m->newest) {
    watchBad("claim %llu builds on %llu, which is in doubt",
        (unsigned long long)t->txid, (unsigned long long)m->newest);
  }
  watchBury(m, x->below, t);
  /* The root could not be read: which pages in doubt it frees is not known. */
  if (!m->based) m->doubt.n = 0;
  m->named.n = 0;
  for (u32 i = 0; i < m->laid.n; i++) {
    WatchRun r = m->laid.run[i];
    if (r.txid <= t->txid) watchAdd(&m->named, r.page, r.n, r.txid);
    else m->laid.run[kept++] = r;
  }
  m->laid.n = kept;
  if ((t->flags & SLOT_PRE) && (!watchSynced(m, &m->named, &page)
      || !watchSynced(m, &m->doubt, &page))) {
    watchBad("claim %llu is PRE, page %llu not synced",
        (unsigned long long)t->txid, (unsigned long long)page);
  }
  m->newest = t->txid;
  m->newest_sum = t->root.sum;
  m->claim = at;
  m->claimed = true;
}

static void watchRecord(Watch *m, const WatchFile *x, u32 at,
    const WatchSlot *t) {
  if (t->flags & SLOT_CONF) {
    if (t->txid != m->durable || m->claimed)
      watchBad("confirmation of %llu, which is not durable",
          (unsigned long long)t->txid);
  } else if (t->txid > m->newest) {
    watchClaim(m, x, at, t);
  } else if (t->txid == m->newest && (t->flags & SLOT_PRE)) {
    m->claim = at;
    m->claimed = true;
  } else {
    watchBad("claim %llu behind %llu", (unsigned long long)t->txid,
        (unsigned long long)m->newest);
  }
}

/* One slot is about to be written. */
static void watchSlotWrite(Watch *m, const WatchFile *x, u32 at, const u8 *p) {
  WatchSlot t;
  watchSettle(m);
  watchDecode(x->store, p, &t);
  if (at == m->keep || at == m->doubted || (m->claimed && at == m->claim)) {
    watchBad("slot %u is needed and written: %llu durable, %llu newest", at,
        (unsigned long long)m->durable, (unsigned long long)m->newest);
  }
  if (t.kind == WATCH_VIRGIN || t.kind == WATCH_TORN)
    watchBad("slot %u gets neither a record nor the pattern", at);
  if (t.kind == WATCH_RECORD) watchRecord(m, x, at, &t);
  m->slot[at] = t;
}

/* Header and first record: a new life of the file. */
static void watchCreate(Watch *m, const WatchFile *x, const u8 *p, size_t n) {
  memset(m->slot, 0, sizeof m->slot);
  if (n == 2 * SN_PAGE) watchDecode(x->store, p + SN_PAGE, m->slot);
  m->looked = m->slot[0].kind == WATCH_RECORD;
  m->based = m->claimed = false;
  m->laid.n = m->named.n = m->doubt.n = 0;
  m->newest = m->durable = 0;
  m->keep = 0;
  m->doubted = WATCH_NONE;
}

/* ---- data --------------------------------------------------------------- */

/* Rule (2). */
static void watchGround(const Watch *m) {
  if (!watchClean(m, 0)) watchBad("the file grows, its header is not synced");
  for (u32 i = 0; i < STORE_SLOTS; i++) {
    const WatchSlot *t = m->slot + i;
    if (t->kind == WATCH_TORN)
      watchBad("data beside slot %u, which is torn", i);
    if (t->kind == WATCH_RECORD && t->txid > m->newest)
      watchBad("data beside slot %u, whose claim is false", i);
    if (t->kind == WATCH_CLEARED && !watchClean(m, i + 1))
      watchBad("data beside slot %u, erased and not synced", i);
  }
}

static u64 watchOldest(const Watch *m) {
  u64 txid = UINT64_MAX;
  for (u32 i = 0; i < m->npin; i++) txid = SN_MIN(txid, m->pin[i].txid);
  return txid;
}

/* Rule (1). */
static void watchPages(Watch *m, const Store *s, u64 at, size_t n) {
  u64 end = (at + n + SN_PAGE - 1) / SN_PAGE, oldest = watchOldest(m);
  watchSettle(m);
  watchReach(m, end);
  for (u64 page = at / SN_PAGE; page < end; page++) {
    u64 f = m->until[page];
    if (!f) continue;
    m->until[page] = 0;
    bool aside = s == m->asider && page - m->aside.page < m->aside.n;
    if (aside && f != WATCH_LIVE) continue;
    if (f == WATCH_LIVE) {
      watchBad("page %llu is reached and written: %llu newest",
          (unsigned long long)page, (unsigned long long)m->newest);
    } else if (f > m->durable || f + 1 > m->newest + m->full || f > oldest) {
      watchBad("page %llu, freed by %llu, is written: %llu durable, %llu "
          "newest, %llu pinned", (unsigned long long)page,
          (unsigned long long)f, (unsigned long long)m->durable,
          (unsigned long long)m->newest, (unsigned long long)oldest);
    }
  }
}

static void watchBefore(WatchFile *x, u64 at, const u8 *p, size_t n) {
  Watch *m = x->watch;
  watchReach(m, (at + n) / SN_PAGE + 1);
  if (at < STORE_FIRST * SN_PAGE && x->store->w.pick.fresh && x->store->fresh) {
    watchCreate(m, x, p, n);
  } else if (watchLook(m, x)) {
    if (at >= STORE_FIRST * SN_PAGE) {
      watchGround(m);
      if (m->based) watchPages(m, x->store, at, n);
    } else if (at < SN_PAGE || at % SN_PAGE || n != SN_PAGE) {
      watchBad("%llu bytes at %llu are no slot", (unsigned long long)n,
          (unsigned long long)at);
    } else {
      watchSlotWrite(m, x, (u32)(at / SN_PAGE) - 1, p);
    }
  }
}

static void watchAfter(WatchFile *x, u64 at, size_t n, int rc) {
  Watch *m = x->watch;
  u64 number = rc ? WATCH_LOST : x->store->sync_off ? 0 : ++m->writes;
  bool slot = at >= SN_PAGE && at < STORE_FIRST * SN_PAGE;
  for (u64 i = at / SN_PAGE; i * SN_PAGE < at + n; i++) m->wrote[i] = number;
  x->dirty = true;
  /* A confirmation that is torn says nothing false; all else is looked at. */
  if (rc && slot && !(m->slot[at / SN_PAGE - 1].flags & SLOT_CONF))
    m->looked = false;
}

/* ---- the file ----------------------------------------------------------- */

static void watchEnter(void) { pthread_mutex_lock(&watchLock); }
static void watchLeave(void) { pthread_mutex_unlock(&watchLock); }
static void watchForks(void) {
  pthread_atfork(watchEnter, watchLeave, watchLeave);
}
static File *watchBelow(File *f) { return ((WatchFile *)f)->below; }

static void watchUnpin(Watch *m, const WatchFile *x, u64 txid) {
  u32 kept = 0;
  for (u32 i = 0; i < m->npin; i++) {
    WatchPin p = m->pin[i];
    if (p.file == x && (txid == UINT64_MAX || p.txid == txid)) continue;
    m->pin[kept++] = p;
  }
  m->npin = kept;
}

static void watchFree(Watch *m) {
  Watch **p = &watchList;
  while (*p != m) p = &(*p)->next;
  *p = m->next;
  free(m->until);
  free(m->wrote);
  free(m->laid.run);
  free(m->named.run);
  free(m->doubt.run);
  free(m->pin);
  free(m);
}

static void watchClose(File *f) {
  WatchFile *x = (WatchFile *)f;
  Watch *m = x->watch;
  watchEnter();
  watchUnpin(m, x, UINT64_MAX);
  if (m->committer == x) m->commit = 0;
  if (!--m->refs) watchFree(m);
  watchLeave();
  x->below->ops->close(x->below);
  free(x);
}

static int watchRead(File *f, u64 at, void *p, size_t n) {
  File *g = watchBelow(f);
  return g->ops->read(g, at, p, n);
}

static int watchWrite(File *f, u64 at, const void *p, size_t n) {
  WatchFile *x = (WatchFile *)f;
  int rc;
  watchEnter();
  watchBefore(x, at, p, n);
  watchLeave();
  rc = x->below->ops->write(x->below, at, p, n);
  watchEnter();
  watchAfter(x, at, n, rc);
  watchLeave();
  return rc;
}

static int watchSync(File *f) {
  WatchFile *x = (WatchFile *)f;
  Watch *m = x->watch;
  u64 from;
  int rc;
  watchEnter();
  from = m->writes;
  watchLeave();
  rc = x->below->ops->sync(x->below);
  watchEnter();
  x->dirty = x->dirty && rc;
  if (!rc) m->synced = SN_MAX(m->synced, from);
  for (u64 i = 0; rc && i < m->cap; i++)
    if (!watchClean(m, i)) m->wrote[i] = WATCH_LOST;
  watchLeave();
  return rc;
}

static int watchSize(File *f, u64 *out) {
  File *g = watchBelow(f);
  return g->ops->size(g, out);
}

static int watchTruncate(File *f, u64 n) {
  WatchFile *x = (WatchFile *)f;
  Watch *m = x->watch;
  watchEnter();
  for (u32 i = 0; m->looked && i < STORE_SLOTS; i++)
    if (!watchClean(m, i + 1)) watchBad("a cut, and slot %u not synced", i);
  for (u64 i = n / SN_PAGE; i < m->cap; i++) {
    if (m->based && m->until[i] == WATCH_LIVE)
      watchBad("page %llu is reached and cut", (unsigned long long)i);
    m->until[i] = 0;
  }
  watchLeave();
  return x->below->ops->truncate(x->below, n);
}

static int watchAllocate(File *f, u64 n) {
  WatchFile *x = (WatchFile *)f;
  int rc;
  watchEnter();
  if (n > STORE_FIRST * SN_PAGE && x->watch->looked) watchGround(x->watch);
  watchLeave();
  rc = x->below->ops->allocate(x->below, n);
  watchEnter();
  x->watch->full |= rc == SEINE_FULL;
  watchLeave();
  return rc;
}

static int watchWriteback(File *f, u64 at, u64 n) {
  File *g = watchBelow(f);
  return g->ops->writeback(g, at, n);
}

static int watchMap(File *f, u64 at, size_t n, const u8 **p) {
  File *g = watchBelow(f);
  return g->ops->map(g, at, n, p);
}

static void watchUnmap(File *f, const u8 *p, size_t n) {
  File *g = watchBelow(f);
  g->ops->unmap(g, p, n);
}

/* A lock counts as held from after it was taken to before it is let go. */
static void watchLocked(WatchFile *x, u64 at, LockMode mode) {
  Watch *m = x->watch;
  watchEnter();
  if (at == STORE_LOCK_WRITER && mode == LOCK_EXCLUSIVE) m->looked = false;
  if (at >= STORE_LOCK_PIN) {
    if (mode == LOCK_NONE) watchUnpin(m, x, at - STORE_LOCK_PIN);
  } else if (at >= STORE_LOCK_COMMIT) {
    m->commit = mode == LOCK_NONE ? 0 : at - STORE_LOCK_COMMIT;
    m->committer = x;
  }
  watchLeave();
}

static int watchSetLock(File *f, u64 at, u64 n, LockMode mode) {
  WatchFile *x = (WatchFile *)f;
  int rc;
  if (mode == LOCK_NONE) watchLocked(x, at, mode);
  rc = x->below->ops->lock(x->below, at, n, mode);
  if (!rc && mode != LOCK_NONE) watchLocked(x, at, mode);
  return rc;
}

static int watchLowest(File *f, u64 from, u64 to, u64 *out) {
  File *g = watchBelow(f);
  return g->ops->lowest(g, from, to, out);
}

static u64 watchIdent(File *f) {
  File *g = watchBelow(f);
  return g->ops->ident(g);
}

static const struct FileOps watchOps = {
  watchClose, watchRead, watchWrite, watchSync, watchSize, watchTruncate,
  watchAllocate, watchWriteback, watchMap, watchUnmap, watchSetLock,
  watchLowest, watchIdent,
};

static Watch *watchOf(Vfs *v, u64 ident) {
  u64 process = snThreadProcess();
  Watch *m = watchList;
  while (m && (m->vfs != v || m->ident != ident || m->process != process))
    m = m->next;
  if (m) return m;
  m = calloc(1, sizeof *m);
  assert(m);
  m->vfs = v;
  m->ident = ident;
  m->process = process;
  m->next = watchList;
  watchList = m;
  watchReach(m, STORE_FIRST);
  return m;
}

int snWatchOpen(Store *s, const char *path, int flags, File **out) {
  static pthread_once_t forks = PTHREAD_ONCE_INIT;
  Vfs *v = s->config.vfs;
  WatchFile *x;
  File *below;
  pthread_once(&forks, watchForks);
  int rc = v->open(v, path, flags, &below);
  *out = NULL;
  if (rc) return rc;
  x = calloc(1, sizeof *x);
  assert(x);
  x->file.ops = &watchOps;
  x->file.vfs = v;
  x->below = below;
  x->store = s;
  watchEnter();
  x->watch = watchOf(v, below->ops->ident(below));
  x->watch->refs++;
  watchLeave();
  *out = &x->file;
  return SEINE_OK;
}

/* ---- what the store tells ----------------------------------------------- */

static Watch *watchAsked(const Store *s) {
  return ((WatchFile *)s->file)->watch;
}

void snWatchSpace(Store *s, const SpaceMap *map) {
  Watch *m = watchAsked(s);
  u64 page;
  watchEnter();
  if (watchLook(m, (WatchFile *)s->file)) {
    watchReach(m, map->end);
    memset(m->until, 0, m->cap * sizeof *m->until);
    watchMark(m, STORE_FIRST, map->end - STORE_FIRST, WATCH_LIVE);
    for (u32 i = 0; i < map->nfree; i++)
      watchMark(m, map->free[i].page, map->free[i].n, 0);
    for (u32 i = 0; i < map->ngrave; i++)
      watchMark(m, map->grave[i].page, map->grave[i].n, map->grave[i].freed);
    for (page = STORE_FIRST; !s->w.known && page < m->cap; page++)
      m->wrote[page] = 0;
    for (u32 i = 0; i < m->doubt.n; i++) {
      const WatchRun *r = m->doubt.run + i;
      for (page = r->page; page < r->page + r->n && page < m->cap; page++)
        m->wrote[page] = WATCH_LOST;
    }
    m->newest_sum = s->w.known ? m->newest_sum : map->sum;
    m->based = true;
  }
  watchLeave();
}

void snWatchAside(Store *s, u64 page, u64 n) {
  Watch *m = watchAsked(s);
  watchEnter();
  if (n) {
    m->asider = s;
    m->aside = (WatchRun){page, n, 0};
  } else if (m->asider == s) {
    m->asider = NULL;
  }
  watchLeave();
}

void snWatchFirst(Store *s) {
  Watch *m = watchAsked(s);
  watchEnter();
  (void)watchLook(m, (WatchFile *)s->file);
  watchLeave();
}

void snWatchLaid(Store *s) {
  const Writer *w = &s->w;
  Watch *m = watchAsked(s);
  watchEnter();
  if (w->bulk_used && s->bulk && !s->sync_off && ((WatchFile *)s->bulk)->dirty)
    watchBad("a transaction whose bulk is not synced");
  for (u32 i = 0; i < w->nputs; i++) {
    u64 n = snExtentPages(w->puts[i].len);
    watchMark(m, w->puts[i].page, n, WATCH_LIVE);
    watchAdd(&m->laid, w->puts[i].page, n, w->pick.txid + 1);
  }
  watchLeave();
}

void snWatchDone(Store *s, u64 txid) {
  Watch *m = watchAsked(s);
  watchEnter();
  watchSettle(m);
  if (m->looked && txid > m->durable)
    watchBad("%llu is acknowledged, %llu durable", (unsigned long long)txid,
        (unsigned long long)m->durable);
  watchLeave();
}

void snWatchReader(Store *s, u64 txid) {
  Watch *m = watchAsked(s);
  watchEnter();
  watchSettle(m);
  if (m->looked && txid && txid == m->commit && txid > m->durable)
    watchBad("a reader takes %llu, which is under way",
        (unsigned long long)txid);
  if (txid) {
    watchUnpin(m, (WatchFile *)s->file, txid);
    m->pin = watchGrow(m->pin, &m->pin_cap, m->npin + 1, sizeof *m->pin);
    m->pin[m->npin++] = (WatchPin){(WatchFile *)s->file, txid};
  }
  watchLeave();
}

#undef WATCH_LIVE
#undef WATCH_LOST
#undef WATCH_NONE
#undef WATCH_ERASED
#endif
