/*
** Who may write, and who syncs?  The connections of one process to one file
** take turns at building transactions, and share the syncs.
**
** A transaction is built under the lock of its group: its extents and its
** root are written, and it is laid into the batch.  Then the lock goes to the
** next, who builds on it.  The first who finds nobody syncing publishes the
** batch: one claim, that of the last transaction in it, with all extents of
** the batch that it still reaches; sync; confirmation.  What is laid down
** meanwhile is the next batch.  So for the file a batch is one commit, with
** the txid of its last transaction, and doc/architecture.md needs no other
** argument than for one; the rest is here:
**
** (1) A batch is published when the one before it is durable and confirmed:
**     claims are written one after the other, as by one writer.
** (2) Pages that are written while a claim is being synced are free in the
**     state before the claim and in that of the claim: the builder's D is the
**     state before it (W1).
** (3) A transaction is acknowledged when the batch that holds it is durable:
**     its sync began after the last write of the transaction.
** (4) A batch that fails takes with it all that was built on it: the group
**     has failed, takes no more, and its stores join another one.
** (5) WRITER is held from the first transaction until there is neither one,
**     nor a batch, nor a sync.  Other processes see one writer.
** (6) `slots`, `claimed` and what belongs to them are the publisher's; while
**     nobody syncs and no batch waits, they are the builder's, if he has not
**     found the state known.  `space` and `newest` are the builder's.
** (7) Lists here are paid for by nobody: they outlive their connection.
** (8) Who waits for a batch is in its list until its bell has been rung, under
**     the gate, without which no store leaves the group.
**
** A store that cannot open its file a second time has a group of its own and
** locks with its own descriptor: beside others it is as another process.  A
** child of fork() sees the groups of its parent, whose locks they share, and
** joins none of them.
*/
#include "store/storeInt.h"

#define GROUP_HOLD  20000u  /* us before other processes are thought of */
#define GROUP_YIELD 200000u /* us that they have to take the lock */

/* What threads of a group wait for.  Only who can go on is woken: with many
** threads it is their switches that cost.  So who waits for a batch has a bell
** of its own, and needs no gate when that says that all is well. */
enum {
  GROUP_TURN,  /* to build; one by one */
  GROUP_IDLE,  /* nobody builds or wants to: the publisher */
  GROUP_BATCH  /* a batch has been published: who settles */
};

static Group *groupList; /* it and refs: under the lock of the process */

/* ---- life --------------------------------------------------------------- */

static void groupFree(Group *g) {
  if (g->file) g->file->ops->close(g->file);
  snThreadMonitorFree(g->gate);
  snSlotClear(&g->slots);
  snSpaceClear(&g->space);
  snMemFree(g->batch.puts);
  snMemFree(g);
}

/* The second descriptor: only when the name still leads to the same file. */
static int groupOpenFile(Group *g, Store *s) {
  File *f;
  int rc = s->path ? snWatchOpen(s, s->path, 0, &f) : SEINE_CANTOPEN;
  if (rc) return rc == SEINE_NOMEM ? rc : SEINE_OK;
  if (f->ops->ident(f) == g->ident) g->file = f;
  else f->ops->close(f);
  return SEINE_OK;
}

static int groupNew(Store *s, Group **out) {
  Group *g = snMemZero(NULL, sizeof *g);
  int rc;
  *out = NULL;
  if (!g) return SN_NOMEM;
  g->vfs = s->config.vfs;
  g->ident = s->file->ops->ident(s->file);
  g->process = snThreadProcess();
  g->refs = 1;
  rc = snThreadMonitorNew(NULL, &g->gate);
  if (!rc) g->slots.image = snMemZero(NULL, STORE_SLOT_BYTES);
  if (!rc && !g->slots.image) rc = SN_NOMEM;
  if (!rc) rc = groupOpenFile(g, s);
  if (rc) groupFree(g);
  else *out = g;
  return rc;
}

static void groupUnlist(Group *g) {
  Group **p = &groupList;
  while (*p && *p != g) p = &(*p)->next;
  if (*p) *p = g->next;
}

static bool groupIs(const Group *g, const Store *s, u64 ident) {
  return g->vfs == s->config.vfs && g->ident == ident &&
      g->process == snThreadProcess();
}

static int groupJoin(Store *s) {
  u64 ident = s->file->ops->ident(s->file);
  Group *g;
  int rc = SEINE_OK;
  snThreadEnterAll();
  for (g = groupList; g && !groupIs(g, s, ident);) g = g->next;
  if (g) g->refs++;
  else rc = groupNew(s, &g);
  if (!rc && g->refs == 1 && g->file) {
    g->next = groupList;
    groupList = g;
  }
  snThreadLeaveAll();
  s->group = rc ? NULL : g;
  return rc;
}

/* The last store that may not say how its commit ended lets go of the COMMIT
** byte. */
void snGroupDrop(Store *s) {
  Group *g = s->group;
  bool last;
  if (!g) return;
  snThreadEnter(g->gate);
  if (s->keeps_byte && !--g->keepers && g->commit_lock) {
    File *f = snGroupFile(s);
    f->ops->lock(f, STORE_LOCK_COMMIT + g->commit_lock, 1, LOCK_NONE);
  }
  snThreadLeave(g->gate);
  snThreadEnterAll();
  last = !--g->refs;
  if (last) groupUnlist(g);
  snThreadLeaveAll();
  if (last) groupFree(g);
  s->group = NULL;
}

/* Rings for those who wait for a batch: it is durable, up to this txid, or
** (0) they should look. */
static void groupRing(Store **waiting, u64 durable) {
  Store *s;
  while ((s = *waiting)) {
    *waiting = s->waits;
    __atomic_store_n(&s->durable, durable, __ATOMIC_RELEASE);
    snBellRing(s->bell);
  }
}

static void groupLeaveList(Store **waiting, const Store *s) {
  while (*waiting && *waiting != s) waiting = &(*waiting)->waits;
  if (*waiting) *waiting = s->waits;
}

/* Is the batch that has its transaction being published? */
static bool groupIsPublished(const Group *g, const Store *s) {
  const Store *w = g->published;
  while (w && w != s) w = w->waits;
  return w != NULL;
}

/* Takes no more.  Those who join from now on find another group. */
static void groupFail(Group *g, int rc, bool unknown) {
  if (!g->failed) g->failed = rc;
  g->unknown |= unknown;
  groupRing(&g->batch.waiting, 0);
  for (u32 kind = 0; kind < MONITOR_KINDS; kind++)
    snThreadWakeFor(g->gate, kind);
  snThreadEnterAll();
  groupUnlist(g);
  snThreadLeaveAll();
}

/* ---- the lock of the writer --------------------------------------------- */

/* Somebody of another process wants to write. */
static bool groupWanted(const Store *s) {
  File *f = snGroupFile(s);
  u64 found;
  int rc = f->ops->lowest(f, STORE_LOCK_WAIT, STORE_LOCK_WAIT + 1, &found);
  return !rc && found == STORE_LOCK_WAIT;
}

static void groupAnnounce(Group *g, Store *s, bool waits) {
  File *f = snGroupFile(s);
  if (g->announced == waits) return;
  if (!f->ops->lock(f, STORE_LOCK_WAIT, 1, waits ? LOCK_SHARED : LOCK_NONE))
    g->announced = waits;
}

/* WRITER.  A process that writes without a pause gives it up now and then,
** and is not the next to take it, when another one waits. */
static int groupLock(Group *g, Store *s) {
  File *f = snGroupFile(s);
  u64 now = snClockNs() / 1000;
  int rc = SEINE_OK;
  if (g->locked) {
    if (now - g->since < GROUP_HOLD) return SEINE_OK;
    g->since = now;
    g->yields = groupWanted(s);
    return g->yields ? SEINE_BUSY : SEINE_OK;
  }
  if (g->yielded && now - g->yielded < GROUP_YIELD && groupWanted(s))
    return SEINE_BUSY;
  rc = f->ops->lock(f, STORE_LOCK_WRITER, 1, LOCK_EXCLUSIVE);
  if (rc == SEINE_BUSY) groupAnnounce(g, s, true);
  if (rc) return rc;
  groupAnnounce(g, s, false);
  g->locked = true;
  g->known = false;
  g->since = now;
  g->yielded = 0;
  return SEINE_OK;
}

/* (5) */
static void groupRest(Group *g, Store *s) {
  File *f = snGroupFile(s);
  bool wanted = g->waiting && !g->yields && !g->failed;
  if (!g->waiting) groupAnnounce(g, s, false);
  if (!g->locked || g->taken || g->syncing || wanted) return;
  if (g->batch.txid && !g->failed) return;
  f->ops->lock(f, STORE_LOCK_WRITER, 1, LOCK_NONE);
  g->locked = g->known = false;
  if (g->yields) g->yielded = snClockNs() / 1000;
  g->yields = false;
}

/* The next who may build; when there is none, who waits for that. */
static void groupNext(Group *g) {
  snThreadWakeOne(g->gate, g->waiting ? GROUP_TURN : GROUP_IDLE);
}

/* Waits for its turn, under the gate; BUSY when the busy handler gives up. */
static int groupTurn(Group *g, Store *s) {
  const StoreConfig *c = &s->config;
  u32 us = 0;
  for (int count = 0;;) {
    int rc = SEINE_BUSY, go;
    if (g->failed) return SEINE_OK;
    if (!g->taken && !g->yields) rc = groupLock(g, s);
    if (g->yields) groupRest(g, s);
    if (rc != SEINE_BUSY) return rc;
    if (us || (g->taken && g->mate == s)) {
      snThreadWaitFor(g->gate, GROUP_TURN, us);
      us = 0;
      continue;
    }
    if (!c->busy) return rc;
    snThreadLeave(g->gate);
    go = c->busy(c->busy_arg, count++, &us);
    snThreadEnter(g->gate);
    if (!go) return rc;
  }
}

/* What a builder has to know of the newest state. */
static void groupTell(const Group *g, Store *s) {
  Writer *w = &s->w;
  w->known = g->known;
  if (!g->known) return;
  w->pick = g->newest;
  w->claimed = g->claimed.txid;
  w->durable = g->durable;
}

int snGroupEnter(Store *s) {
  Group *g;
  int rc = SEINE_OK;
  for (bool in = false; !rc && !in;) {
    if (!s->group) rc = groupJoin(s);
    if (rc) return rc;
    g = s->group;
    snThreadEnter(g->gate);
    g->waiting++;
    rc = groupTurn(g, s);
    g->waiting--;
    in = !rc && !g->failed;
    if (in) {
      g->taken = true;
      g->mate = s->config.mate;
      s->space = g->space;
      memset(&g->space, 0, sizeof g->space);
      groupTell(g, s);
    } else {
      groupRest(g, s);
      if (!g->taken) groupNext(g);
    }
    snThreadLeave(g->gate);
    if (!rc && !in) snGroupDrop(s);
  }
  return rc;
}

static void groupGiveBack(Group *g, Store *s) {
  g->space = s->space;
  memset(&s->space, 0, sizeof s->space);
  g->taken = false;
  groupRest(g, s);
  groupNext(g);
}

void snGroupLeave(Store *s) {
  Group *g = s->group;
  snThreadEnter(g->gate);
  groupGiveBack(g, s);
  snThreadLeave(g->gate);
}

/* ---- batches ------------------------------------------------------------ */

/* What an earlier transaction of the batch wrote and this one frees is no part
** of what the claim lists. */
static void groupForget(GroupBatch *b, u64 page) {
  for (u32 i = 0; i < b->nputs; i++) {
    if (b->puts[i].page != page) continue;
    b->bytes -= snExtentPages(b->puts[i].len) * SN_PAGE;
    b->puts[i] = b->puts[--b->nputs];
    return;
  }
}

static int groupLay(GroupBatch *b, const Store *s, const SlotRec *rec,
    const u8 *delta) {
  const Writer *w = &s->w;
  int rc = snMemGrow(NULL, &b->puts, &b->cap, (u64)b->nputs + w->nputs,
      sizeof *b->puts);
  if (rc) return rc;
  for (u32 i = 0; i < w->nfreed; i++) groupForget(b, w->freed[i].page);
  if (rec->root.page != w->pick.root.page) groupForget(b, w->pick.root.page);
  if (w->nputs)
    memcpy(b->puts + b->nputs, w->puts, w->nputs * sizeof *b->puts);
  b->nputs += w->nputs;
  b->bytes += w->bytes;
  b->txid = rec->txid;
  b->root = rec->root;
  b->pages = rec->pages;
  b->ndelta = rec->ndelta;
  b->delta_sum = rec->delta_sum;
  if (rec->ndelta) memcpy(b->delta, delta, rec->ndelta);
  b->synced |= !s->sync_off;
  return SEINE_OK;
}

static void groupDone(Group *g, const GroupBatch *b, int rc, bool unknown) {
  g->syncing = false;
  if (rc) {
    groupFail(g, rc, unknown);
    return;
  }
  g->done = g->durable = b->txid;
  g->base_slot = b->claim;
  g->claimed = (SlotPick){.at = b->confirmation, .txid = b->txid,
      .root = b->root, .pages = b->pages, .confirmed = true};
  if (g->newest.txid == b->txid) g->newest.confirmed = true;
}

/* Who is about to be ready is waited for, since one sync is cheaper than two;
** but not long. */
static void groupGather(Group *g) {
  u64 from = snClockNs() / 1000, most = SN_MIN(g->sync_us / 2, 2000), now;
  while (!g->failed && (g->taken || g->waiting)) {
    now = snClockNs() / 1000;
    if (now - from >= most) return;
    snThreadWaitFor(g->gate, GROUP_IDLE, (u32)(most - (now - from)));
  }
}

/* Publishes what has been laid down; under the gate, which it leaves
** meanwhile. */
static void groupPublish(Group *g, Store *s, u8 **root) {
  GroupBatch b;
  u64 from;
  bool unknown = false;
  int rc;
  g->syncing = true;
  groupGather(g);
  if (g->failed) {
    g->syncing = false;
    return;
  }
  b = g->batch;
  memset(&g->batch, 0, sizeof g->batch);
  g->published = b.waiting;
  snThreadLeave(g->gate);
  from = snClockNs() / 1000;
  rc = snWriterPublish(s, &b, b.txid == s->w.laid ? root : NULL, &unknown);
  snThreadEnter(g->gate);
  g->sync_us = snClockNs() / 1000 - from;
  snMemFree(b.puts);
  groupDone(g, &b, rc, unknown);
  /* Those who had it, and one of those who have the next, to publish that. */
  groupLeaveList(&g->published, s);
  groupRing(&g->published, rc ? 0 : b.txid);
  if (g->batch.waiting) snBellRing(g->batch.waiting->bell);
  snThreadWakeFor(g->gate, GROUP_BATCH);
}

/* Under the gate, which it leaves meanwhile; true, outside of it: transaction
** txid is durable. */
static bool groupHear(Group *g, Store *s, u64 txid) {
  snThreadLeave(g->gate);
  snBellHear(s->bell);
  if (__atomic_load_n(&s->durable, __ATOMIC_ACQUIRE) >= txid) return true;
  snThreadEnter(g->gate);
  return false;
}

/* What failed may have been somebody else's sync.  `laid`: this transaction
** was in a batch, whose claim may be out. */
static int groupRefuse(Store *s, Group *g, bool laid) {
  if (g->unknown && !s->poisoned) {
    s->poisoned = true;
    snStoreSay(s, g->failed, "syncing a commit failed for %s: %s; close this "
        "connection before writing again", snStoreName(s),
        laid ? "whether the transaction is kept is unknown"
             : "the transaction did not happen");
  }
  s->unknown = g->unknown && laid;
  if (s->poisoned) { /* which it was not when it came here */
    assert(!s->keeps_byte);
    s->keeps_byte = true;
    g->keepers++;
  }
  return g->failed;
}

/* Waits until what was laid down is durable (3), or has failed; leaves the
** gate. */
static int groupAwait(Group *g, Store *s, u8 **root) {
  u64 txid = s->w.laid;
  int rc = SEINE_OK;
  __atomic_store_n(&s->durable, 0, __ATOMIC_RELAXED);
  s->waits = g->batch.waiting;
  g->batch.waiting = s;
  while (g->done < txid && (!g->failed || groupIsPublished(g, s))) {
    if (g->syncing && STORE_FAULT(FAULT_ACK_EARLY)) break;
    if (!g->syncing) {
      groupPublish(g, s, root);
    } else if (groupHear(g, s, txid)) {
      snWatchDone(s, txid);
      return SEINE_OK;
    }
  }
  groupLeaveList(&g->batch.waiting, s);
  groupLeaveList(&g->published, s);
  if (g->done < txid && g->failed) rc = groupRefuse(s, g, true);
  else snWatchDone(s, txid);
  groupRest(g, s);
  snThreadLeave(g->gate);
  return rc;
}

/* The map of free pages, if it is that of T, goes on to C. */
static void groupKeepSpace(Store *s, const SlotRec *rec, SpaceGrave **grave,
    u32 ngrave) {
  SpaceMap *m = &s->space;
  if (!grave && !snSpaceIs(m, &s->w.pick)) return;
  m->txid = rec->txid;
  m->sum = rec->root.sum;
  if (!grave) { /* its root may be that of a transaction of the batch */
    for (u32 i = 0; i < m->ngrave; i++)
      if (m->grave[i].freed > s->w.claimed) m->grave[i].freed = rec->txid;
    return;
  }
  snMemFree(m->grave);
  m->grave = *grave;
  m->ngrave = m->grave_cap = ngrave;
  *grave = NULL;
}

int snGroupCommit(Store *s, const SlotRec *rec, const u8 *delta,
    SpaceGrave **grave, u32 ngrave, u8 **root) {
  Group *g = s->group;
  int rc;
  snThreadEnter(g->gate);
  rc = g->failed ? groupRefuse(s, g, false)
                 : groupLay(&g->batch, s, rec, delta);
  if (rc) {
    snThreadLeave(g->gate);
    return rc;
  }
  snWatchLaid(s);
  groupKeepSpace(s, rec, grave, ngrave);
  s->w.laid = rec->txid;
  s->unsynced |= s->sync_off;
  g->newest = (SlotPick){.txid = rec->txid, .root = rec->root,
      .pages = rec->pages, .delta = g->delta, .ndelta = rec->ndelta,
      .delta_sum = rec->delta_sum};
  if (rec->ndelta) memcpy(g->delta, delta, rec->ndelta);
  g->known = true;
  s->w.active = false;
  groupGiveBack(g, s);
  return groupAwait(g, s, root);
}

void snGroupBreak(Store *s, int rc) {
  Group *g = s->group;
  if (!g) return;
  snThreadEnter(g->gate);
  groupFail(g, rc, false);
  snThreadLeave(g->gate);
}

/* For a builder who needs the slots: nobody syncs, and no batch waits. */
void snGroupSettle(Store *s) {
  Group *g = s->group;
  snThreadEnter(g->gate);
  while (!g->failed && (g->syncing || g->batch.txid)) {
    if (g->syncing) snThreadWaitFor(g->gate, GROUP_BATCH, 0);
    else groupPublish(g, s, NULL);
  }
  groupTell(g, s);
  snThreadLeave(g->gate);
}

#undef GROUP_HOLD
#undef GROUP_YIELD
