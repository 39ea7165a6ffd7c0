/*
** session_merge: segments of a table become fewer, and rows that were spilled
** become a segment: in a transaction, or beside those of other writers.
**
** Invariant: a merge is a service.  Behind a commit nobody waits for an answer
** of it: what goes wrong shows to the next who writes.
*/
#include "vm/session.h"

#define SESSION_MOST 512u /* segments of a table before writers merge all */
#define SESSION_LOST 3u   /* merges in vain before a commit does one itself */
#ifdef SEINE_TEST
#define SESSION_APART 1u
#define SESSION_BESIDE (8u << 10)
#else
#define SESSION_APART (4u << 20) /* bytes whose merge is worth threads */
#define SESSION_BESIDE (64u << 10) /* ... is not done by a commit itself */
#endif

/* ---- what a merge uses -------------------------------------------------- */

/* What became of segments [from, to) takes their place. */
static int sessionMerged(Session *s, TableState *t, u32 from, u32 to,
    const SegmentRef *ref) {
  int rc = ref->docs ? snCatalogEditOwn(s->edit, &ref->ref) : SEINE_OK;
  return rc ? rc : snSessionSplice(s, t, from, to, ref);
}

/* What a merge of segments [from, to) of a table may use; for large ones with
** twins, as many as there are threads beside this one. */
typedef struct SessionMerge {
  MergeEnv env;
  View *view;
  View **twin;
  SegmentCache **cache;
  u32 n;
} SessionMerge;

static void sessionMergeClose(SessionMerge *m) {
  for (u32 i = 0; i < m->n; i++) {
    snViewDrop(m->twin[i]);
    snSegmentCacheFree(m->cache[i]);
  }
  snMemFree(m->twin);
  snMemFree(m->cache);
  snViewDrop(m->view);
}

/* A twin more or less is no matter. */
static void sessionMergeTwins(Session *s, SessionMerge *m) {
  u32 n = (u32)s->set.threads - 1;
  m->twin = snMemZero(&s->budget, n * sizeof *m->twin);
  m->cache = snMemZero(&s->budget, n * sizeof *m->cache);
  for (u32 i = 0; m->twin && m->cache && i < n; i++) {
    m->n = i + 1;
    if (snSegmentCacheNew(s->store, &m->cache[i]) ||
        snViewTwin(m->cache[i], m->view, &m->twin[i])) break;
    m->env.ntwin = m->n;
  }
  m->env.twin = m->twin;
}

/* Of what is not deleted, about. */
static u64 sessionBytes(const TableState *t, u32 from, u32 to) {
  u64 bytes = 0;
  for (const SegmentRef *g = t->seg + from; g < t->seg + to; g++)
    if (g->docs) bytes += g->ref.len / g->docs * (g->docs - g->live.deleted);
  return bytes;
}

static int sessionMergeOpen(Session *s, const TableState *t, u32 from, u32 to,
    bool tight, SessionMerge *m) {
  memset(m, 0, sizeof *m);
  int rc = snViewOpen(s->cache, t, &m->view);
  m->env = (MergeEnv){.store = s->store, .budget = &s->budget,
      .view = m->view, .tight = tight, .pairs = snSessionPairs(s),
      .cancelled = s->cancelled, .arg = s->cancel_arg};
  if (!rc && s->set.threads > 1 && sessionBytes(t, from, to) >= SESSION_APART)
    sessionMergeTwins(s, m);
  return rc;
}

/* ---- merges beside other writers ---------------------------------------- */

/* A merge that does not hold the writer's lock, of segments [from, to) of a
** pinned state.
**   B1 a transaction sets pages aside for the result (reserve.c)
**   B2 the segments are merged into those pages, and these are synced
**   B3 another one finds the same segments side by side, deletes of the result
**      what was deleted of them meanwhile, and lets it take their place
** What B3 finds changed otherwise (by a change of the schema, another merge,
** columns written anew) stays, and the work is lost. */
typedef struct SessionBeside {
  SessionMerge merge;
  Snapshot *pin;
  Reserve room;
  u64 table, id, cookie;
  u32 from, to;
  SegmentRef ref;
} SessionBeside;

static int sessionBesideEnd(Session *s, int rc) {
  if (!rc) rc = snCatalogEditCommit(s->edit);
  if (rc) snWriterRollback(s->store);
  snSessionEnd(s);
  return rc;
}

/* B1.  Merging codes of columns may widen them. */
static int sessionBesideRoom(Session *s, SessionBeside *b, u64 bytes) {
  int rc = snSessionStart(s, NULL);
  if (rc) return rc;
  b->id = snCatalogEditNewId(s->edit);
  snCatalogEditTouch(s->edit);
  rc = snReserve(s->store, bytes + bytes / 4 + SESSION_BESIDE, &b->room);
  return sessionBesideEnd(s, rc);
}

/* B2 */
static int sessionBesideRun(SessionBeside *b) {
  MergeEnv *e = &b->merge.env;
  e->room = &b->room;
  return snMergeRun(e, b->from, b->to, b->id, &b->ref);
}

/* The number of the first of the segments, when all stand as they stood. */
static bool sessionBesideFind(const SessionBeside *b, const TableState *t,
    u32 *at) {
  u32 n = b->to - b->from, i;
  for (*at = 0; *at + n <= t->nseg; ++*at) {
    for (i = 0; i < n; i++)
      if (!snViewStands(b->merge.view, b->from + i, t, *at + i)) break;
    if (i == n) return true;
  }
  return false;
}

/* Deletes of the result what was deleted of segments [at, ...) meanwhile. */
static int sessionBesideLate(Session *s, SessionBeside *b,
    const TableState *t, u32 at) {
  const View *v = b->merge.view;
  u32 n = b->to - b->from, late = 0, *doc = NULL;
  Live **now = snMemZero(&s->budget, n * sizeof *now);
  int rc = now ? SEINE_OK : SN_NOMEM;
  for (u32 i = 0; !rc && i < n; i++) {
    const LiveRef *l = &t->seg[at + i].live;
    u32 was = snLiveDeleted(v->live[b->from + i]);
    if (l->deleted == was) continue;
    late += l->deleted - was;
    rc = snLiveOpen(s->store, l, t->seg[at + i].docs, now + i);
  }
  if (!rc && late) {
    doc = snMemAlloc(&s->budget, late * sizeof *doc);
    rc = doc ? SEINE_OK : SN_NOMEM;
  }
  if (doc) {
    snMergeLate(&b->merge.env, b->from, b->to, now, doc);
    rc = snSessionMarkNew(s, &b->ref, doc, late, UINT32_MAX);
  }
  for (u32 i = 0; now && i < n; i++) snLiveDrop(now[i]);
  snMemFree(now);
  snMemFree(doc);
  return rc;
}

/* B3 */
static int sessionBesidePut(Session *s, SessionBeside *b, bool *done) {
  TableState *t;
  u32 at;
  int rc = snSessionStart(s, NULL);
  if (rc) return rc;
  rc = snCatalogEditById(s->edit, b->table, &t);
  *done = !rc && t && snCatalogEditCookie(s->edit) == b->cookie &&
      sessionBesideFind(b, t, &at);
  if (*done && b->ref.docs) rc = snReserveTake(s->store, &b->ref.ref);
  if (*done && b->ref.docs && !rc) rc = sessionBesideLate(s, b, t, at);
  if (*done && !rc)
    rc = sessionMerged(s, t, at, at + b->to - b->from, &b->ref);
  rc = sessionBesideEnd(s, rc);
  *done &= !rc;
  return rc;
}

/* Segments [from, to) of a table of the newest state.  The caller has a turn
** (snReserveTurn()) and no transaction.  *done: unless something stood in its
** way, which is no error. */
static int sessionBeside(Session *s, TableState *t, u32 from, u32 to,
    bool tight, bool *done) {
  SessionBeside b = {.table = t->table->id, .from = from, .to = to,
      .cookie = snCatalogCookie(s->cat)};
  u64 bytes = sessionBytes(t, from, to);
  *done = false;
  b.pin = snSnapshotKeep(snCatalogSnapshot(s->cat));
  int rc = sessionMergeOpen(s, t, from, to, tight, &b.merge);
  if (!rc) rc = sessionBesideRoom(s, &b, bytes);
  if (!rc) rc = sessionBesideRun(&b);
  if (!rc) rc = sessionBesidePut(s, &b, done);
  s->lost = *done ? 0 : s->lost + 1;
  if (rc == SEINE_TOOBIG || rc == SEINE_NOMEM || rc == SEINE_FULL)
    s->lost = SESSION_LOST; /* a merge under the lock needs less */
  sessionMergeClose(&b.merge);
  snSnapshotDrop(b.pin);
  return rc;
}

/* ---- rows that were spilled --------------------------------------------- */

/* Spills of a table give way without the lock of the writer: small ones to a
** larger one, and when that has come to some, all of them to a segment.
**   L1 a state is pinned
**   L2 the rows, or the segment, are made in memory
**   L3 a transaction writes it, in the place of the spills */
typedef struct SessionLand {
  TableState *was;
  u32 from;          /* spills before that stay */
  Buf rows;          /* of a spill, */
  SegDraft *draft;   /* ... or the segment */
} SessionLand;

/* Under a limit of the memory a segment is made of less. */
static u64 sessionLandMost(const Session *s) {
  u64 most = SESSION_SEGMENT;
  if (s->budget.limit) most = SN_MIN(most, (u64)s->budget.limit / 32);
  return most;
}

/* L2.  Of a damaged file nothing may come of them. */
static int sessionLandMake(Session *s, SessionLand *l) {
  u32 small;
  u64 bytes = snDeltaSpilled(&l->was->rows, &small);
  if (bytes >= sessionLandMost(s)) return snDeltaDraft(s, l->was, &l->draft);
  l->from = l->was->rows.nspill - small;
  return snDeltaPack(s->store, l->was, l->from, &l->rows);
}

static int sessionLandSpill(Session *s, SessionLand *l, TableState *t) {
  const TableRows *was = &l->was->rows;
  TableSpill to = {.docs = 0};
  for (u32 i = l->from; i < was->nspill; i++) to.docs += was->spill[i].docs;
  int rc = snWriterPut(s->store, l->rows.data, l->rows.n, t->table->id,
      &to.ref);
  if (!rc) rc = snCatalogEditOwn(s->edit, &to.ref);
  if (!rc) snDeltaSwap(t, l->from, was->nspill, &to);
  return rc ? rc : snCatalogEditPut(s->edit, t, false);
}

static int sessionLandSegment(Session *s, SessionLand *l, TableState *t) {
  SegmentRef ref;
  int rc = snFlushWrite(l->draft, s->store, snCatalogEditNewId(s->edit), &ref);
  l->draft = NULL;
  if (!rc) snDeltaSwap(t, 0, l->was->rows.nspill, NULL);
  if (!rc) rc = snCatalogEditPut(s->edit, t, false);
  return rc ? rc : snSessionAdd(s, t->table->id, &ref);
}

/* L3, unless the spills have gone. */
static int sessionLandPut(Session *s, SessionLand *l) {
  u64 cookie = snCatalogCookie(s->cat);
  TableState *t = NULL, *n = NULL;
  int rc = snSessionStart(s, NULL);
  if (rc) return rc;
  rc = snCatalogEditById(s->edit, l->was->table->id, &t);
  if (!rc && t && snCatalogEditCookie(s->edit) == cookie &&
      snDeltaHas(t, &l->was->rows)) {
    n = snTableStateCopy(&s->budget, t);
    rc = !n ? SN_NOMEM : l->draft ? sessionLandSegment(s, l, n)
                                  : sessionLandSpill(s, l, n);
  }
  snTableStateDrop(n);
  return sessionBesideEnd(s, rc);
}

static int sessionLandPick(Session *s, u64 table) {
  SessionLand l = {0};
  TableState *t;
  u32 small;
  int rc = snSessionRefresh(s);
  if (!rc) rc = snCatalogById(s->cat, table, &t);
  if (rc || !t) return rc;
  (void)snDeltaSpilled(&t->rows, &small);
  if (small < SESSION_LAND) return SEINE_OK;
  Snapshot *pin = snSnapshotKeep(snCatalogSnapshot(s->cat));
  l.was = snTableStateKeep(t);
  snBufInit(&l.rows, &s->budget);
  rc = sessionLandMake(s, &l);
  if (!rc && (l.draft || l.rows.n)) rc = sessionLandPut(s, &l);
  if (l.draft) snFlushDrop(l.draft);
  snBufClear(&l.rows);
  snTableStateDrop(l.was);
  snSnapshotDrop(pin);
  return rc;
}

/* ---- after a commit ----------------------------------------------------- */

static int sessionBesidePick(Session *s, u64 table, bool *done) {
  u32 from, to;
  TableState *t;
  *done = false;
  int rc = snSessionRefresh(s);
  if (!rc) rc = snCatalogById(s->cat, table, &t);
  if (rc || !t || !snMergePick(t, &from, &to)) return rc;
  snMergeTrim(t, from, &to);
  return sessionBeside(s, t, from, to, false, done);
}

void snSessionMergeBeside(Session *s, u64 table) {
  bool done = true;
  if (snReserveTurn(s->store, false)) return;
  (void)sessionLandPick(s, table);
  while (done && !sessionBesidePick(s, table, &done)) s->spare |= done;
  snReserveOver(s->store);
}

/* Has the only segment of a table the pairs of words that it should have? */
static int sessionPaired(Session *s, TableState *t, bool *out) {
  View *v;
  int rc = snViewOpen(s->cache, t, &v);
  if (rc) return rc;
  *out = snPairAsked(v->seg[0], snSessionPairs(s));
  snViewDrop(v);
  return rc;
}

/* Whether there is something for OPTIMIZE to do. */
static int sessionUnmerged(Session *s, TableState *t, bool *out) {
  bool one = t->nseg == 1 && !t->seg[0].live.deleted && !t->npatch &&
      !s->set.tight_rows;
  int rc = one ? sessionPaired(s, t, &one) : SEINE_OK;
  *out = t->nseg && !one;
  return rc;
}

/* Begins anew for a statement that ended its transaction before its time. */
static int sessionAgain(Session *s, char *message) {
  int rc = snSessionStart(s, message);
  if (!rc) rc = snCatalogEditMark(s->edit, &s->mark);
  s->in_write = true;
  return rc;
}

/* Rows that ride become a segment by a commit of their own, before OPTIMIZE
** outside of a transaction steps aside. */
static int sessionLand(Session *s, TableState *t, char *message) {
  if (s->in_txn || s->readers || s->nmem || !t->rows.docs ||
      !snCatalogEditIdle(s->edit)) return SEINE_OK;
  int rc = sessionBesideEnd(s, snSessionFlushTable(s, t));
  if (rc) snSessionCommitSay(s, rc, message);
  return rc ? rc : sessionAgain(s, message);
}

/* OPTIMIZE outside of a transaction lets go of the lock, under which it has
** done nothing, to merge beside others, and takes it again. */
static int sessionStepAside(Session *s, u64 table, char *message) {
  TableState *t;
  bool some, done;
  if (s->in_txn || s->readers || s->nmem ||
      !snCatalogEditIdle(s->edit)) return SEINE_OK;
  int rc = snCatalogEditById(s->edit, table, &t);
  if (rc || !t || sessionBytes(t, 0, t->nseg) <= SESSION_BESIDE) return rc;
  rc = sessionUnmerged(s, t, &some);
  if (rc || !some) return rc;
  snWriterRollback(s->store);
  snSessionEnd(s);
  if (!snReserveTurn(s->store, true)) {
    rc = snSessionRefresh(s);
    if (!rc) rc = snCatalogById(s->cat, table, &t);
    if (!rc && t)
      rc = sessionBeside(s, t, 0, t->nseg, s->set.tight_rows, &done);
    snReserveOver(s->store);
  }
  if (rc != SEINE_INTERRUPT && s->lost >= SESSION_LOST) rc = SEINE_OK;
  if (rc && snWriterPoisoned(s->store)) snSessionCommitSay(s, rc, message);
  return rc ? rc : sessionAgain(s, message);
}

/* ---- merges of a transaction -------------------------------------------- */

static int sessionMergeRange(Session *s, TableState *t, u32 from, u32 to,
    bool tight) {
  SessionMerge m;
  SegmentRef ref;
  int rc = sessionMergeOpen(s, t, from, to, tight, &m);
  if (!rc)
    rc = snMergeRun(&m.env, from, to, snCatalogEditNewId(s->edit), &ref);
  sessionMergeClose(&m);
  return rc ? rc : sessionMerged(s, t, from, to, &ref);
}

/* Merges what the policy chooses, up to the first choice of more than `most`
** bytes: *owes. */
static int sessionMergePicks(Session *s, u64 id, u64 most, bool *owes) {
  u32 from, to;
  TableState *t;
  *owes = false;
  for (;;) {
    int rc = snCatalogEditById(s->edit, id, &t);
    if (rc || !t || !snMergePick(t, &from, &to)) return rc;
    *owes = sessionBytes(t, from, to) > most && t->nseg < SESSION_MOST;
    if (*owes) return SEINE_OK;
    rc = sessionMergeRange(s, t, from, to, false);
    if (rc) return rc;
  }
}

int snSessionMerge(Session *s, TableState *t, bool all, char *message) {
  u64 id = t->table->id;
  bool some;
  if (all) snSessionStill(s);
  int rc = all ? sessionLand(s, t, message) : SEINE_OK;
  if (!rc) rc = snCatalogEditById(s->edit, id, &t);
  if (!rc && t) rc = snSessionFlushTable(s, t);
  if (!rc && !all) return sessionMergePicks(s, id, UINT64_MAX, &some);
  if (!rc) rc = sessionStepAside(s, id, message);
  if (!rc) rc = snCatalogEditById(s->edit, id, &t);
  if (rc || !t) return rc;
  rc = sessionUnmerged(s, t, &some);
  return rc || !some ? rc
                     : sessionMergeRange(s, t, 0, t->nseg, s->set.tight_rows);
}

int snSessionSort(Session *s, TableState *t, const MergeBy *by, u32 n) {
  SessionMerge g;
  SegmentRef ref;
  u64 id = t->table->id;
  snSessionStill(s);
  int rc = snSessionFlushTable(s, t);
  if (!rc) rc = snCatalogEditById(s->edit, id, &t);
  if (rc || !t || !t->nseg) return rc;
  rc = sessionMergeOpen(s, t, 0, t->nseg, s->set.tight_rows, &g);
  if (!rc)
    rc = snMergeSort(&g.env, by, n, snCatalogEditNewId(s->edit), &ref);
  sessionMergeClose(&g);
  return rc ? rc : sessionMerged(s, t, 0, t->nseg, &ref);
}

int snSessionMergeAll(Session *s, u64 *owed, u32 *n) {
  bool all = s->lost >= SESSION_LOST || !owed;
  u64 most = all ? UINT64_MAX : SESSION_BESIDE;
  if (s->readers || !s->set.auto_merge) return SEINE_OK;
  for (u32 i = 0; i < s->nmem; i++) {
    bool owes;
    int rc = sessionMergePicks(s, s->mem[i].table, most, &owes);
    if (rc == SEINE_INTERRUPT || rc == SEINE_NOMEM || rc == SEINE_TOOBIG)
      return SEINE_OK;
    if (rc) return rc;
    if (owes) owed[(*n)++] = s->mem[i].table;
  }
  if (all) s->lost = 0;
  return SEINE_OK;
}

#undef SESSION_MOST
#undef SESSION_LOST
#undef SESSION_APART
#undef SESSION_BESIDE
