/*
** session: the transaction of a connection: what its statements see and
** change.
**
** Outside of a transaction each statement sees the newest commit.  BEGIN
** fixes a snapshot at the first read; the first write takes the writer lock
** and must find that snapshot to be the newest.  Written rows wait in a
** memtable per table and become a segment when the table is next read, when
** the memtable is large, or at commit: all readers see segments only.  A
** transaction of many small statements has many small segments: every
** SESSION_SMALL of them are merged on the way.
** Bulk statements may leave their rows to threads (ingest.c); whoever needs
** to see them waits for those first.
**
** Invariants: (1) edit is set while this connection is the writer; (2) a
** failed statement leaves the edit and the memtables as it found them (mark,
** and `docs` of each memtable); (3) segments are merged at commit, and before
** a statement that writes, only when no statement of this connection is
** reading; larger ones behind the commit; (4) a statement that writes begins
** without rows that wait in threads, so those are its own; (5) a savepoint has
** a mark while edit is set, and no row waits in memory that is older than the
** newest savepoint.
*/
#include "vm/session.h"

#define SESSION_SMALL 32u
#define SESSION_LEAST (96 << 10) /* bytes left to a statement */
#define SESSION_RIDES 4u  /* tables whose rows ride by one commit */

/* Cuts texts of queries, and texts as they are stored. */
SlowLog **snSessionSlow(Session *s) { return &s->slow; }
Recall **snSessionRecall(Session *s) { return &s->recall; }
const QueryCut *snSessionCut(Session *s) { return &s->cut; }
const QueryCut *snSessionCutStored(Session *s) { return &s->cut_stored; }
Cutter *snSessionCutter(Session *s) { return s->cutting.cutter; }
Delta *snSessionDelta(Session *s) { return &s->delta; }

/* ---- life --------------------------------------------------------------- */

int snSessionOpen(const StoreConfig *c, Session **out) {
  *out = NULL;
  Session *s = snMemZero(NULL, sizeof *s);
  if (!s) return SN_NOMEM;
  StoreConfig config = *c;
  s->budget.parent = c->budget;
  config.budget = &s->budget;
  s->blocks.most = 256 << 20;
  s->budget.spare = &s->blocks;
  snLimitInit(s->most);
  s->budget.most = s->most;
  s->set = (Settings){.memtable_bytes = 64 << 20, .busy_ms = 5000,
      .threads = 1, .batch_rows = SN_WINDOW, .auto_merge = true,
      .filter_cache = 16 << 20, .delta_bytes = STORE_DELTA};
  s->cut = (QueryCut){snCuttingQuery, snCuttingFold, &s->cutting};
  s->cut_stored = (QueryCut){snCuttingStored, snCuttingFold, &s->cutting};
  int rc = snCuttingInit(&s->cutting, &s->budget, s);
  if (!rc) rc = snStoreOpen(&config, &s->store);
  if (!rc) rc = snSegmentCacheNew(s->store, &s->cache);
  if (!rc) snWriterSetWalk(s->store, snCatalogWalk, s->store);
  if (rc) snSessionClose(s);
  else *out = s;
  return rc;
}

static void sessionFreeRows(SessionMem *m) {
  snUniqueFree(m->unique);
  snIngestFree(m->in);
  snMemtableFree(m->mem);
}

static void sessionDropMem(Session *s) {
  for (u32 i = 0; i < s->nmem; i++) {
    sessionFreeRows(s->mem + i);
    snMemFree(s->mem[i].early_dead);
  }
  s->nmem = 0;
}

void snSessionClose(Session *s) {
  if (!s) return;
  snSessionStill(s);
  while (s->nroom) snMemFree(s->room[--s->nroom]);
  snMatcherFree(s->match_room);
  snRunDiscard(s->run);
  if (s->store) (void)snSessionRollback(s);
  sessionDropMem(s);
  snMemFree(s->mem);
  snDeltaClear(&s->delta);
  snSegmentCacheFree(s->cache);
  for (u32 i = 0; i < s->nbeside; i++) snSegmentCacheFree(s->beside[i]);
  snMemFree(s->beside);
  snCatalogDrop(s->cat);
  snCatalogDrop(s->rest);
  if (s->committed) (void)snWriterShrink(s->store);
  snPercolatorFree(s->percolator);
  snSlowFree(s->slow);
  snRecallFree(s->recall);
  snCuttingFree(&s->cutting);
  snStoreClose(s->store);
  snMemSpareClear(&s->blocks);
  snMemFree(s);
}

void snSessionSetCancel(Session *s, int (*fn)(void *), void *arg) {
  s->cancelled = fn;
  s->cancel_arg = arg;
}

bool snSessionCancelled(Session *s) {
  return s->cancelled && s->cancelled(s->cancel_arg);
}

void snSessionSetFiles(Session *s, const FileDoor *d) { s->files = d; }
const FileDoor *snSessionFiles(const Session *s) { return s->files; }

void snSessionSetGuard(Session *s, Guard g) { s->guard = g; }
const Guard *snSessionGuard(const Session *s) { return &s->guard; }

Store *snSessionStore(Session *s) { return s->store; }
Budget *snSessionBudget(Session *s) { return &s->budget; }
MemSpare *snSessionBlocks(Session *s) { return &s->blocks; }
Settings *snSessionSettings(Session *s) { return &s->set; }
void *snSessionRoom(Session *s) {
  return s->nroom ? s->room[--s->nroom] : NULL;
}

void snSessionGive(Session *s, void *room) {
  if (room && s->nroom < SESSION_ROOMS) s->room[s->nroom++] = room;
  else snMemFree(room);
}

int snSessionBeside(Session *s, u32 thread, SegmentCache **out) {
  u32 had = s->nbeside;
  int rc = snMemGrow(&s->budget, &s->beside, &s->nbeside, thread,
      sizeof *s->beside);
  for (u32 i = had; i < s->nbeside; i++) s->beside[i] = NULL;
  if (rc) return rc;
  if (!s->beside[thread - 1])
    rc = snSegmentCacheNew(s->store, &s->beside[thread - 1]);
  *out = s->beside[thread - 1];
  return rc;
}

Run **snSessionRun(Session *s) { return &s->run; }
Matcher **snSessionMatchRoom(Session *s) { return &s->match_room; }

int snSessionPercolator(Session *s, Percolator **out) {
  int rc = s->percolator ? SEINE_OK
                         : snPercolatorNew(&s->budget, &s->percolator);
  *out = s->percolator;
  return rc;
}

i64 *snSessionCounters(Session *s) { return s->counters; }

/* A statement that only was prepared fixes nothing: a transaction that
** begins by writing starts from the newest commit. */
void snSessionReader(Session *s, int delta) {
  s->readers += delta;
  if (delta > 0 && s->in_txn) s->read_fixed = true;
}

u64 snSessionEpoch(const Session *s) { return s->epoch; }

Catalog *snSessionKeep(Session *s) {
  return s->cat ? snCatalogKeep(s->cat) : NULL;
}

bool snSessionInTxn(const Session *s) { return s->in_txn; }
bool snSessionWriting(const Session *s) { return s->edit || s->in_write; }

/* ---- limits ------------------------------------------------------------- */

static i64 *sessionLimitAt(Session *s, int id) {
  if (id == SEINE_LIMIT_MEMORY) return &s->budget.limit;
  return id == SEINE_LIMIT_TIME ? &s->set.timeout_ms : s->most + id;
}

/* Room for a statement is always left: one that lifts the limit, at least. */
static i64 sessionRoom(const Session *s, i64 wanted) {
  i64 least = snMemUsed(&s->budget) + SESSION_LEAST;
  return wanted ? SN_MAX(wanted, least) : 0;
}

i64 snSessionLimit(Session *s, int id, i64 value, bool locked) {
  i64 *at = sessionLimitAt(s, id), was = *at;
  if (value < 0) return was;
  value = snLimitFit(id, value);
  if (id == SEINE_LIMIT_MEMORY) snSessionStill(s);
  if (id == SEINE_LIMIT_MEMORY) value = sessionRoom(s, value);
  bool raises = was && (!value || value > was);
  if (!locked || !s->hardened || !raises) *at = value;
  if (s->budget.limit) snMemSpareClear(&s->blocks);
  return was;
}

void snSessionHarden(Session *s) {
  for (int id = 0; id < SEINE_LIMITS; id++) {
    i64 most = snLimitDef(id)->hardened, was = *sessionLimitAt(s, id);
    if (!was || was > most) (void)snSessionLimit(s, id, most, false);
  }
  s->hardened = true;
}

bool snSessionHardened(const Session *s) { return s->hardened; }

/* ---- reading ------------------------------------------------------------ */

/* Makes cat the catalog of n. */
static int sessionSee(Session *s, Snapshot *n) {
  Catalog *c = s->cat ? s->cat : s->rest;
  if (s->cat && snSnapshotSame(snCatalogSnapshot(s->cat), n))
    return SEINE_OK;
  if (s->cat) snCatalogDrop(s->rest);
  s->cat = s->rest = NULL;
  if (c && !snCatalogFollow(c, n)) {
    snCatalogDrop(c);
    c = NULL;
  }
  s->cat = c;
  return c ? SEINE_OK : snCatalogOpen(s->store, n, &s->cat);
}

int snSessionRefresh(Session *s) {
  Snapshot *n;
  if (s->edit || (s->in_txn && s->read_fixed)) return SEINE_OK;
  int rc = snSnapshotOpen(s->store, &n);
  if (rc) return rc;
  rc = sessionSee(s, n);
  snSnapshotDrop(n);
  return rc;
}

void snSessionIdle(Session *s) {
  if (!s->cat || s->readers || s->in_txn || s->edit || s->in_write) return;
  snCatalogDrop(s->rest);
  s->rest = s->cat;
  s->cat = NULL;
  snCatalogRest(s->rest);
}

bool snSessionRests(const Session *s) {
  return s->rest && !s->cat && !s->in_txn && !s->edit;
}

u64 snSessionCookie(Session *s) {
  if (s->edit) return snCatalogEditCookie(s->edit);
  return snCatalogCookie(s->cat ? s->cat : s->rest);
}

int snSessionFind(Session *s, const char *name, size_t n,
    TableState **out) {
  if (s->edit) return snCatalogEditFind(s->edit, name, n, out);
  return snCatalogFind(s->cat, name, n, out);
}

int snSessionById(Session *s, u64 table, TableState **out) {
  *out = NULL;
  return s->edit ? snCatalogEditById(s->edit, table, out) : SEINE_MISUSE;
}

u32 snSessionTables(Session *s) {
  return s->edit ? snCatalogEditCount(s->edit) : snCatalogCount(s->cat);
}

int snSessionTableName(Session *s, u32 k, const char **name) {
  return s->edit ? snCatalogEditName(s->edit, k, name)
                 : snCatalogName(s->cat, k, name);
}

const CatalogObject *snSessionObject(Session *s, u32 k) {
  return s->edit ? snCatalogEditObject(s->edit, k)
                 : snCatalogObject(s->cat, k);
}

const CatalogObject *snSessionObjectFind(Session *s, u8 kind,
    const char *name, size_t n) {
  const CatalogObject *o;
  for (u32 k = 0; (o = snSessionObject(s, k)); k++)
    if (o->kind == kind && snAsciiEq(o->name, strlen(o->name), name, n))
      return o;
  return NULL;
}

int snSessionPutObject(Session *s, u8 kind, const char *name,
    const char *sql) {
  return snCatalogEditPutObject(s->edit, kind, name, sql);
}

static SessionMem *sessionMem(Session *s, u64 table) {
  for (u32 i = 0; i < s->nmem; i++)
    if (s->mem[i].table == table) return s->mem + i;
  return NULL;
}

/* A memtable of a table as it is now, which keeps what a failed statement puts
** back; the one of before has no rows. */
static int sessionRenewMem(Session *s, const TableState *t, SessionMem *m) {
  IndexEnv env = {snCuttingAt, &s->cutting, NULL};
  SessionMem was = *m;
  m->mem = NULL;
  m->in = NULL;
  m->unique = NULL;
  int rc = snMemtableNew(&s->budget, t->table, &env, &m->mem);
  if (!rc) rc = snIngestNew(s, m->mem, &m->in);
  if (!rc) rc = snUniqueNew(s, t, m->mem, m->in, &m->unique);
  sessionFreeRows(rc ? m : &was);
  if (rc) *m = was;
  return rc;
}

static int sessionNewMem(Session *s, TableState *t, SessionMem **out) {
  int rc = snMemGrow(&s->budget, &s->mem, &s->mem_cap, s->nmem + 1ull,
      sizeof *s->mem);
  if (rc) return rc;
  SessionMem *m = s->mem + s->nmem;
  memset(m, 0, sizeof *m);
  m->table = t->table->id;
  m->first_rowid = m->mark_rowid = t->next_rowid;
  m->merged = t->nseg;
  rc = sessionRenewMem(s, t, m);
  if (rc) return rc;
  s->nmem++;
  *out = m;
  return SEINE_OK;
}

/* ---- changing a state --------------------------------------------------- */

int snSessionSplice(Session *s, TableState *t, u32 from, u32 to,
    const SegmentRef *add) {
  TableState *n = snTableStateCopy(&s->budget, t);
  if (!n) return SN_NOMEM;
  u32 extra = add->docs ? 1 : 0, keep = t->nseg - to;
  SegmentRef *seg = snMemRealloc(&s->budget, n->seg,
      (t->nseg + 1ull) * sizeof *seg);
  if (!seg) {
    snTableStateDrop(n);
    return SN_NOMEM;
  }
  n->seg = seg;
  memmove(seg + from + extra, seg + to, keep * sizeof *seg);
  if (extra) seg[from] = *add;
  n->nseg = from + extra + keep;
  if (to > from) snTableStatePrune(n);
  int rc = snCatalogEditPut(s->edit, n, false);
  snTableStateDrop(n);
  return rc;
}

int snSessionAdd(Session *s, u64 table, const SegmentRef *ref) {
  TableState *t;
  int rc = snCatalogEditOwn(s->edit, &ref->ref);
  if (!rc) rc = snCatalogEditById(s->edit, table, &t);
  if (rc) return rc;
  return t ? snSessionSplice(s, t, t->nseg, t->nseg, ref) : SEINE_SCHEMA;
}

int snSessionMarkNew(Session *s, SegmentRef *ref, const u32 *dead,
    u32 ndead, u32 from) {
  u32 nwin = (ref->docs + SN_WINDOW - 1) / SN_WINDOW;
  u64 **del = snMemZero(&s->budget, nwin * sizeof *del);
  int rc = del ? SEINE_OK : SN_NOMEM;
  u32 more = ref->docs - SN_MIN(from, ref->docs);
  for (u32 i = 0; !rc && i < ndead + more; i++) {
    u32 d = i < ndead ? dead[i] : from + (i - ndead);
    u64 **w = del + d / SN_WINDOW;
    if (!*w) *w = snMemZero(&s->budget, SN_WORDS * 8);
    if (!*w) rc = SN_NOMEM;
    else snBitSet(*w, d % SN_WINDOW);
  }
  if (!rc)
    rc = snLiveWrite(s->store, NULL, del, ref->docs, ref->id, &ref->live);
  if (!rc) rc = snCatalogEditOwn(s->edit, &ref->live.ref[0]);
  for (u32 w = 0; del && w < nwin; w++) snMemFree(del[w]);
  snMemFree(del);
  return rc;
}

/* The memtable of a table becomes its newest segment. */
static int sessionFlushRows(Session *s, SessionMem *m) {
  SegmentRef ref;
  u32 ndead, *dead = NULL;
  const u32 *gone = snMemtableDeleted(m->mem, &ndead);
  if (!snMemtableDocs(m->mem)) return SEINE_OK;
  snMemtablePairs(m->mem, snSessionPairs(s));
  if (ndead) {
    dead = snMemAlloc(&s->budget, ndead * sizeof *dead);
    if (!dead) return SN_NOMEM;
    memcpy(dead, gone, ndead * sizeof *dead);
  }
  int rc = snMemtableFlush(m->mem, s->store, snCatalogEditNewId(s->edit),
      &ref);
  SegmentRef bare = ref;
  if (!rc && ndead) rc = snSessionMarkNew(s, &ref, dead, ndead, UINT32_MAX);
  if (!rc && s->in_write && m->mark && !m->has_early) {
    m->has_early = true;
    m->early = bare;
    m->early_docs = m->mark;
    m->early_ndead = m->mark_dead;
    m->early_dead = dead;
    dead = NULL;
  }
  snMemFree(dead);
  if (rc) return rc;
  m->mark = m->mark_dead = 0;
  return snSessionAdd(s, m->table, &ref);
}

int snSessionTakeRows(Session *s, u64 table) {
  static const TableRows none;
  SessionMem *m = sessionMem(s, table);
  TableState *t, *n;
  int rc = snCatalogEditById(s->edit, table, &t);
  if (rc || !t || !t->rows.docs) return rc;
  assert(!snMemtableDocs(m->mem));
  rc = snDeltaFill(s->store, t, m->mem);
  n = rc ? NULL : snTableStateCopy(&s->budget, t);
  if (!rc && !n) rc = SN_NOMEM;
  if (!rc) rc = snTableStateRows(&s->budget, n, &none);
  if (!rc) rc = snCatalogEditPut(s->edit, n, false);
  snTableStateDrop(n);
  if (rc) snMemtableCut(m->mem, 0);
  return rc;
}

/* ... and what rides of it, and threads have. */
static int sessionFlush(Session *s, SessionMem *m) {
  int rc = snSessionTakeRows(s, m->table);
  if (!rc) rc = snIngestFinish(m->in);
  if (!rc) rc = sessionFlushRows(s, m);
  if (rc && !s->in_write) s->broken = true; /* they are of others */
  return rc;
}

/* Has a transaction rows for the table that are in no segment? */
static bool sessionWaits(const SessionMem *m) {
  return snMemtableDocs(m->mem) || snIngestWaits(m->in);
}

static int sessionFlushAll(Session *s) {
  int rc = SEINE_OK;
  for (u32 i = 0; !rc && i < s->nmem; i++)
    if (sessionWaits(s->mem + i)) rc = sessionFlush(s, s->mem + i);
  return rc;
}

int snSessionPublish(Session *s, u64 table, SegDraft *d) {
  SegmentRef ref;
  int rc = snFlushWrite(d, s->store, snCatalogEditNewId(s->edit), &ref);
  return rc ? rc : snSessionAdd(s, table, &ref);
}

int snSessionPublishRows(Session *s, u64 table) {
  return sessionFlushRows(s, sessionMem(s, table));
}

int snSessionFlushLarge(Session *s, u64 table) {
  SessionMem *m = sessionMem(s, table);
  const Budget *b = &s->budget;
  i64 most = s->set.memtable_bytes;
  if (!m) return SEINE_OK;
  i64 bytes = (i64)snMemtableBytes(m->mem);
  /* Under a limit a quarter of the room: a segment is built beside it. */
  if (b->limit)
    most = SN_MIN(most, SN_MAX(b->limit - snMemUsed(b) + bytes, 0) / 4);
  return bytes < most || !bytes ? SEINE_OK : sessionFlushRows(s, m);
}

int snSessionFlushTable(Session *s, TableState *t) {
  SessionMem *m = sessionMem(s, t->table->id);
  int rc = m || !t->rows.docs ? SEINE_OK : sessionNewMem(s, t, &m);
  return rc || !m ? rc : sessionFlush(s, m);
}

/* Readers get what rides as segments more; a transaction that writes makes one
** of it. */
int snSessionView(Session *s, const char *name, View **out) {
  Segment *last[DELTA_MOST];
  TableState *t;
  u32 n = 0;
  *out = NULL;
  int rc = snSessionFind(s, name, strlen(name), &t);
  if (rc || !t) return rc ? rc : SEINE_SCHEMA;
  if (s->edit) {
    rc = snSessionFlushTable(s, t);
    if (!rc) rc = snSessionFind(s, name, strlen(name), &t);
  } else if (t->rows.docs) {
    rc = snDeltaSegments(&s->delta, s, t, last, &n);
  }
  return rc ? rc : snViewOpenWith(s->cache, t, last, n, out);
}

int snSessionTableBytes(Session *s, TableState *t, u64 *out) {
  (void)s;
  *out = 0;
  for (u32 i = 0; i < t->nseg; i++)
    *out += snExtentPages(t->seg[i].ref.len) * SN_PAGE;
  for (u32 i = 0; i < t->npatch; i++)
    *out += snExtentPages(t->patch[i].ref.len) * SN_PAGE;
  for (u32 i = 0; i < t->rows.nspill; i++)
    *out += snExtentPages(t->rows.spill[i].ref.len) * SN_PAGE;
  *out += t->rows.n;
  return SEINE_OK;
}

/* ---- transactions ------------------------------------------------------- */

void snSessionSay(char *message, const char *text) {
  if (message) snprintf(message, 256, "%s", text);
}

/* Savepoints of before the first write. */
static int sessionMarkSaves(Session *s) {
  int rc = SEINE_OK;
  for (Savepoint *p = s->save; !rc && p; p = p->outer)
    if (!p->mark) rc = snCatalogEditMark(s->edit, &p->mark);
  return rc;
}

static void sessionUnmarkSaves(Session *s) {
  for (Savepoint *p = s->save; p; p = p->outer) {
    snCatalogMarkFree(p->mark);
    p->mark = NULL;
  }
}

int snSessionStart(Session *s, char *message) {
  Snapshot *base;
  if (s->edit) return SEINE_OK;
  u64 seen = s->cat ? snSnapshotTxid(snCatalogSnapshot(s->cat)) : 0;
  int rc = snWriterBegin(s->store, &base);
  if (rc == SEINE_BUSY)
    snSessionSay(message, "the database is locked: another connection is "
                        "writing (PRAGMA busy_timeout sets how long to "
                        "wait)");
  if (rc == SEINE_IOERR && snWriterPoisoned(s->store))
    snSessionSay(message, "an earlier write to this file failed: close this "
                        "connection before writing again");
  if (rc == SEINE_READONLY)
    snSessionSay(message, "the database is open for reading only");
  if (rc) return rc;
  if (s->in_txn && s->read_fixed && snSnapshotTxid(base) != seen) {
    snWriterRollback(s->store);
    snSessionSay(message, "the database changed since this transaction first "
                        "read it: ROLLBACK and begin again");
    return SEINE_BUSY;
  }
  rc = sessionSee(s, base);
  if (!rc) rc = snCatalogEditBegin(s->store, s->cat, &s->edit);
  if (!rc) rc = sessionMarkSaves(s);
  if (!rc) return SEINE_OK;
  sessionUnmarkSaves(s);
  snCatalogEditFree(s->edit);
  s->edit = NULL;
  snWriterRollback(s->store);
  return rc;
}

int snSessionTxnBegin(Session *s, bool write, char *message) {
  if (s->in_txn) {
    snSessionSay(message, "a transaction is open already: COMMIT or ROLLBACK "
                        "it first");
    return SEINE_ERROR;
  }
  s->in_txn = true;
  s->read_fixed = false;
  int rc = write ? snSessionStart(s, message) : SEINE_OK;
  if (rc) s->in_txn = false;
  return rc;
}

static void sessionForget(Session *s) {
  Savepoint *p = s->save;
  s->save = p->outer;
  snCatalogMarkFree(p->mark);
  snMemFree(p);
}

void snSessionEnd(Session *s) {
  while (s->save) sessionForget(s);
  snCatalogMarkFree(s->mark);
  s->mark = NULL;
  snCatalogEditFree(s->edit);
  s->edit = NULL;
  sessionDropMem(s);
  s->in_txn = s->read_fixed = s->in_write = s->broken = false;
}

/* Rowids are handed out from states that readers have, too. */
static void sessionRestoreRowids(Session *s) {
  for (u32 i = 0; s->cat && i < s->nmem; i++) {
    const char *name = snMemtableTable(s->mem[i].mem)->name;
    TableState *t;
    if (snCatalogFind(s->cat, name, strlen(name), &t) || !t) continue;
    if (t->table->id == s->mem[i].table)
      t->next_rowid = s->mem[i].first_rowid;
  }
}

int snSessionRollback(Session *s) {
  if (s->edit) {
    sessionRestoreRowids(s);
    s->epoch++;
    snWriterRollback(s->store);
  }
  snSessionEnd(s);
  return SEINE_OK;
}

/* Why a commit failed. */
void snSessionCommitSay(const Session *s, int rc, char *message) {
  snSessionSay(message, snWriterUnknown(s->store)
          ? "writing failed while committing: whether the transaction "
            "is kept shows when the database is opened again"
      : snWriterPoisoned(s->store)
          ? "writing failed while committing: the transaction was "
            "undone; close this connection before writing again"
      : rc == SEINE_FULL
          ? "no space left on the device: the transaction was undone"
          : "the transaction could not be committed and was undone");
}

/* ---- commit ------------------------------------------------------------- */

/* What rides of a table that was written to, with what comes. */
static bool sessionRideOf(Session *s, const SessionMem *m, TableRide *out,
    bool *lands) {
  u32 docs, small;
  const Buf *rows = snIngestHeld(m->in, &docs);
  TableState *t;
  if (!rows || snMemtableDocs(m->mem)) return false;
  if (snCatalogEditById(s->edit, m->table, &t) || !t) return false;
  *out = (TableRide){m->table, t->next_rowid, rows->data, rows->n, docs};
  (void)snDeltaSpilled(&t->rows, &small);
  *lands = small >= SESSION_LAND;
  return true;
}

/* A transaction whose rows are all held commits them as they are: they ride in
** its claim, until there are too many. */
static int sessionRide(Session *s, u64 *owed, u32 *nowed, bool *done) {
  TableRide ride[SESSION_RIDES];
  u32 n = 0;
  *done = false;
  if (s->broken || !s->nmem || s->nmem > SESSION_RIDES) return SEINE_OK;
  for (u32 i = 0; i < s->nmem; i++) {
    TableRide t;
    u32 at = n;
    bool lands;
    if (!sessionRideOf(s, s->mem + i, &t, &lands)) return SEINE_OK;
    if (lands) owed[(*nowed)++] = t.table;
    for (; at && ride[at - 1].table > t.table; at--) ride[at] = ride[at - 1];
    ride[at] = t;
    n++;
  }
  return snCatalogEditRide(s->edit, ride, n, (u64)s->set.delta_bytes, done);
}

int snSessionCommit(Session *s, char *message) {
  int rc = SEINE_OK;
  u64 few[SESSION_RIDES], *owed = few;
  u32 n = 0;
  bool rode = false;
  if (s->edit) rc = sessionRide(s, few, &n, &rode);
  if (s->edit && !rode && !rc) {
    n = 0;
    rc = s->broken ? SEINE_ERROR : sessionFlushAll(s);
    if (s->nmem > SESSION_RIDES)
      owed = snMemAlloc(&s->budget, s->nmem * sizeof *owed);
    if (!rc) rc = snSessionMergeAll(s, owed, &n);
    if (!rc) rc = snCatalogEditCommit(s->edit);
    s->committed |= !rc;
  }
  if (s->edit && rc) {
    snWriterRollback(s->store);
    snSessionCommitSay(s, rc, message);
  }
  snSessionEnd(s);
  for (u32 i = 0; !rc && i < n; i++) snSessionOwe(s, owed[i]);
  if (owed != few) snMemFree(owed);
  return rc;
}

/* When nothing of this connection runs: what reads pins what is freed. */
void snSessionSpare(Session *s) {
  bool spare = s->spare || snSessionThreadSpare(s);
  if (!spare || s->in_txn || s->readers) return;
  snSessionStill(s);
  s->spare = false;
  snVacuumSpare(s, s->cancelled, s->cancel_arg);
}

/* ---- savepoints --------------------------------------------------------- */

static int sessionIdleWriter(const Session *s, char *message) {
  if (!s->in_write) return SEINE_OK;
  snSessionSay(message, "another statement of this connection is writing");
  return SEINE_BUSY;
}

/* Rows that wait become segments first: then the catalog is all that there is
** to go back to. */
int snSessionSavepoint(Session *s, const char *name, char *message) {
  size_t n = strlen(name) + 1;
  int rc = sessionIdleWriter(s, message);
  Savepoint *p = rc ? NULL : snMemZero(&s->budget, sizeof *p + n);
  if (!p) return rc ? rc : SN_NOMEM;
  memcpy(p->name, name, n);
  p->broken = s->broken;
  if (s->edit) rc = sessionFlushAll(s);
  if (!rc && s->edit) rc = snCatalogEditMark(s->edit, &p->mark);
  if (rc) {
    snMemFree(p);
    return rc;
  }
  p->began = !s->in_txn;
  if (p->began) s->read_fixed = false;
  s->in_txn = true;
  p->outer = s->save;
  s->save = p;
  return SEINE_OK;
}

static int sessionSave(Session *s, const char *name, Savepoint **out,
    char *message) {
  size_t n = strlen(name);
  int rc = sessionIdleWriter(s, message);
  *out = NULL;
  if (rc) return rc;
  for (Savepoint *p = s->save; p; p = p->outer) {
    if (!snAsciiEq(p->name, strlen(p->name), name, n)) continue;
    *out = p;
    return SEINE_OK;
  }
  snprintf(message, 256, "no such savepoint: %.100s", name);
  return SEINE_ERROR;
}

int snSessionRelease(Session *s, const char *name, char *message) {
  Savepoint *p, *outer;
  int rc = sessionSave(s, name, &p, message);
  if (rc) return rc;
  if (p->began) return snSessionCommit(s, message);
  outer = p->outer;
  while (s->save != outer) sessionForget(s);
  return SEINE_OK;
}

/* Rows ride again that had become the transaction's: what is known of them is
** made anew, and so are memtables of another form of their table. */
static int sessionRideAgain(Session *s) {
  int rc = SEINE_OK;
  for (u32 i = 0; !rc && i < s->nmem; i++) {
    SessionMem *m = s->mem + i;
    TableState *t;
    rc = snCatalogEditById(s->edit, m->table, &t);
    if (rc || !t || !t->rows.docs) continue;
    if (m->unique || snMemtableTable(m->mem) != t->table)
      rc = sessionRenewMem(s, t, m);
  }
  return rc;
}

/* The savepoint stays, to go back to once more. */
int snSessionRollbackTo(Session *s, const char *name, char *message) {
  Savepoint *p;
  int rc = sessionSave(s, name, &p, message);
  if (rc) return rc;
  while (s->save != p) sessionForget(s);
  if (!s->edit) return SEINE_OK;
  for (u32 i = 0; i < s->nmem; i++) {
    snIngestDiscard(s->mem[i].in);
    snMemtableCut(s->mem[i].mem, 0);
  }
  rc = snCatalogEditBack(s->edit, p->mark);
  if (!rc) rc = sessionRideAgain(s);
  s->broken = p->broken || rc;
  return rc;
}

/* ---- write statements --------------------------------------------------- */

/* The rows that threads have become segments of their tables. */
int snSessionGather(Session *s) {
  int rc = SEINE_OK;
  u32 held;
  for (u32 i = 0; !rc && i < s->nmem; i++) {
    Ingest *in = s->mem[i].in;
    if (snIngestWaits(in) && !snIngestHeld(in, &held)) rc = snIngestFinish(in);
  }
  return rc;
}

/* No row waits but in memtables. */
static int sessionSettle(Session *s) {
  int rc = SEINE_OK;
  for (u32 i = 0; !rc && i < s->nmem; i++)
    if (snIngestWaits(s->mem[i].in)) rc = snIngestFinish(s->mem[i].in);
  s->broken |= rc != SEINE_OK;
  return rc;
}

/* As snSessionMergeAll(), of tables that have got many segments since. */
static int sessionMergeSmall(Session *s) {
  if (!s->in_txn || s->readers || !s->set.auto_merge) return SEINE_OK;
  for (u32 i = 0; i < s->nmem; i++) {
    SessionMem *m = s->mem + i;
    TableState *t;
    int rc = snCatalogEditById(s->edit, m->table, &t);
    if (!rc && (!t || t->nseg < m->merged + SESSION_SMALL)) continue;
    if (!rc) rc = snSessionMerge(s, t, false, NULL);
    if (rc == SEINE_INTERRUPT || rc == SEINE_NOMEM || rc == SEINE_TOOBIG)
      return SEINE_OK;
    if (!rc) rc = snCatalogEditById(s->edit, m->table, &t);
    if (rc) return rc;
    m->merged = t ? t->nseg : 0;
  }
  return SEINE_OK;
}

int snSessionWriteBegin(Session *s, char *message) {
  if (s->in_write) {
    snSessionSay(message, "another statement of this connection is writing");
    return SEINE_BUSY;
  }
  int rc = snSessionStart(s, message);
  if (!rc) rc = sessionSettle(s);
  if (!rc) rc = sessionMergeSmall(s);
  if (!rc) rc = snCatalogEditMark(s->edit, &s->mark);
  if (rc) {
    if (!s->in_txn) (void)snSessionRollback(s);
    return rc;
  }
  for (u32 i = 0; i < s->nmem; i++) {
    SessionMem *m = s->mem + i;
    m->mark = snMemtableDocs(m->mem);
    (void)snMemtableDeleted(m->mem, &m->mark_dead);
    snUniqueMark(m->unique);
    m->has_early = false;
    TableState *t;
    if (!snCatalogEditById(s->edit, m->table, &t) && t)
      m->mark_rowid = t->next_rowid;
    snMemFree(m->early_dead);
    m->early_dead = NULL;
  }
  s->in_write = true;
  s->counters[0] = 0;
  memcpy(s->undo, s->counters, sizeof s->undo);
  return SEINE_OK;
}

/* Puts back a segment that the failed statement flushed together with rows
** of before it: its own rows are marked deleted. */
static int sessionRestoreEarly(Session *s, SessionMem *m) {
  TableState *t;
  SegmentRef ref = m->early;
  int rc = snCatalogEditById(s->edit, m->table, &t);
  if (rc || !t) return rc;
  if (m->early_ndead || m->early_docs < ref.docs)
    rc = snSessionMarkNew(s, &ref, m->early_dead, m->early_ndead,
        m->early_docs);
  return rc ? rc : snSessionSplice(s, t, t->nseg, t->nseg, &ref);
}

static int sessionUndo(Session *s) {
  int rc = snCatalogEditBack(s->edit, s->mark);
  for (u32 i = 0; !rc && i < s->nmem; i++) {
    SessionMem *m = s->mem + i;
    snIngestDiscard(m->in);
    snMemtableRestore(m->mem, m->mark_dead);
    snMemtableCut(m->mem, m->mark);
    TableState *t;
    rc = snUniqueUndo(m->unique);
    if (!rc) rc = snCatalogEditById(s->edit, m->table, &t);
    if (!rc && t) t->next_rowid = m->mark_rowid;
    if (!rc && m->has_early) rc = sessionRestoreEarly(s, m);
    m->has_early = false;
  }
  return rc ? rc : sessionRideAgain(s);
}

int snSessionWriteEnd(Session *s, bool ok, char *message) {
  int rc = SEINE_OK;
  s->in_write = false;
  if (!ok) memcpy(s->counters, s->undo, sizeof s->counters);
  if (!ok && s->in_txn && s->mark) rc = sessionUndo(s);
  snCatalogMarkFree(s->mark);
  s->mark = NULL;
  if (rc) s->broken = true;
  if (s->in_txn) return rc;
  if (!ok) return snSessionRollback(s);
  return snSessionCommit(s, message);
}

/* Words of queries are cut as the tables are that they are over: now. */
static bool sessionAsks(const Table *t) {
  size_t n;
  for (u32 i = 0; i < t->ncol; i++)
    if (snTableTarget(t->col + i, &n)) return true;
  return false;
}

/* Rows are held when nothing has come before them, and when those of several
** commits may become one segment. */
static IngestMode sessionMode(const Session *s, const SessionMem *m,
    IngestMode mode) {
  bool good = mode == INGEST_BULK ? s->set.threads > 1
      : mode == INGEST_HOLD && s->set.delta_bytes && s->set.auto_merge &&
          !snMemtableDocs(m->mem) && snCatalogEditIdle(s->edit) &&
          !sessionAsks(snMemtableTable(m->mem));
  return good ? mode : INGEST_DIRECT;
}

int snSessionIngest(Session *s, TableState **state, IngestMode mode,
    Ingest **out) {
  TableState *t = *state;
  SessionMem *m = sessionMem(s, t->table->id);
  int rc = SEINE_OK;
  *out = NULL;
  if (m && snMemtableTable(m->mem) != t->table) {
    /* The table changed: rows of its old form go first. */
    if (snMemtableDocs(m->mem)) return SEINE_MISUSE;
    rc = sessionRenewMem(s, t, m);
    if (rc) return rc;
  }
  if (!m) rc = sessionNewMem(s, t, &m);
  if (rc) return rc;
  mode = sessionMode(s, m, mode);
  if (mode != INGEST_HOLD) rc = snSessionTakeRows(s, m->table);
  if (!rc) rc = snIngestMode(m->in, mode);
  if (!rc) rc = snCatalogEditById(s->edit, m->table, state);
  if (!rc) *out = m->in;
  return rc;
}

Unique *snSessionUnique(Session *s, u64 table) {
  SessionMem *m = sessionMem(s, table);
  return m ? m->unique : NULL;
}

int snSessionUniqueEnd(Session *s, char *message) {
  int rc = SEINE_OK;
  for (u32 i = 0; !rc && i < s->nmem; i++)
    rc = snUniqueEnd(s->mem[i].unique, message);
  return rc;
}

int snSessionViewOf(Session *s, const TableState *t, View **out) {
  return snViewOpen(s->cache, t, out);
}

/* Row ids are handed out from a state that is put back at once, so that a
** commit keeps them; the counter only grows. */
int snSessionNewRowid(Session *s, TableState *t, i64 *out) {
  (void)s;
  if (t->next_rowid == INT64_MAX) return SEINE_FULL;
  *out = t->next_rowid++;
  return SEINE_OK;
}

int snSessionFlushed(Session *s, u64 table) {
  SessionMem *m = sessionMem(s, table);
  int rc = m ? snIngestOffer(m->in) : SEINE_OK;
  return rc ? rc : snSessionFlushLarge(s, table);
}

/* deleted: by segment of the view, by window: bitmaps or NULL. */
int snSessionDelete(Session *s, const View *v, u64 ***deleted) {
  TableState *t;
  int rc = snCatalogEditById(s->edit, v->table->id, &t);
  if (rc || !t) return rc ? rc : SEINE_SCHEMA;
  TableState *n = snTableStateCopy(&s->budget, t);
  if (!n) return SN_NOMEM;
  for (u32 i = 0; !rc && i < v->n; i++) {
    if (!deleted[i]) continue;
    SegmentRef *ref = NULL;
    for (u32 k = 0; k < n->nseg; k++)
      if (n->seg[k].id == snSegmentId(v->seg[i])) ref = n->seg + k;
    if (!ref) rc = SEINE_SCHEMA;
    else
      rc = snLiveWrite(s->store, v->live[i], deleted[i], ref->docs, ref->id,
          &ref->live);
    if (!rc) rc = snCatalogEditOwn(s->edit, &ref->live.ref[0]);
  }
  if (!rc) rc = snCatalogEditPut(s->edit, n, false);
  snTableStateDrop(n);
  return rc;
}

int snSessionPatch(Session *s, const Patch *p, u32 c, ColumnPatch *out) {
  int rc = snPatchWrite(p, s->store, c, out);
  return rc ? rc : snCatalogEditOwn(s->edit, &out->ref);
}

int snSessionPatched(Session *s, const View *v, const ColumnPatch *p,
    u32 n) {
  TableState *t;
  int rc = snCatalogEditById(s->edit, v->table->id, &t);
  if (rc || !t) return rc ? rc : SEINE_SCHEMA;
  TableState *to = snTableStateCopy(&s->budget, t);
  if (!to) return SN_NOMEM;
  for (u32 i = 0; !rc && i < n; i++)
    rc = snTableStatePatch(&s->budget, to, p + i);
  if (!rc) rc = snCatalogEditPut(s->edit, to, false);
  snTableStateDrop(to);
  return rc;
}

int snSessionCreate(Session *s, Table *t) {
  t->id = snCatalogEditNewId(s->edit);
  TableState *n = snTableStateNew(&s->budget, t);
  if (!n) return SN_NOMEM;
  n->next_rowid = 1;
  int rc = snCatalogEditPut(s->edit, n, true);
  snTableStateDrop(n);
  return rc;
}

int snSessionAlter(Session *s, TableState *old, Table *t) {
  u64 id = old->table->id;
  int rc = snSessionFlushTable(s, old);
  if (!rc) rc = snCatalogEditById(s->edit, id, &old);
  if (rc || !old) return rc ? rc : SEINE_SCHEMA;
  TableState *n = snTableStateCopy(&s->budget, old);
  if (!n) return SN_NOMEM;
  snTableDrop(n->table);
  n->table = snTableKeep(t);
  snTableStatePrune(n);
  rc = snCatalogEditPut(s->edit, n, true);
  snTableStateDrop(n);
  return rc;
}

int snSessionKey(Session *s, TableState *old, Table *t) {
  const TableKey *k = t->key + t->nkey - 1;
  u64 id = old->table->id;
  View *v = NULL;
  int rc = snSessionAlter(s, old, t);
  if (rc || !snConstraintIsStored(k)) return rc;
  rc = snCatalogEditById(s->edit, id, &old);
  TableState *n = rc ? NULL : snTableStateCopy(&s->budget, old);
  if (!rc && !n) rc = SN_NOMEM;
  if (!rc) rc = snViewOpen(s->cache, n, &v);
  for (u32 i = 0; !rc && i < v->n; i++) {
    ColumnPatch p;
    rc = snSessionCancelled(s) ? SEINE_INTERRUPT
                               : snKeyPatch(v->seg[i], t, k, s->store, &p);
    if (!rc) rc = snCatalogEditOwn(s->edit, &p.ref);
    if (!rc) rc = snTableStatePatch(&s->budget, n, &p);
  }
  if (!rc) rc = snCatalogEditPut(s->edit, n, true);
  snViewDrop(v);
  snTableStateDrop(n);
  return rc;
}

int snSessionKeyCheck(Session *s, u64 table, char *message) {
  TableState *t;
  Ingest *in;
  int rc = snCatalogEditById(s->edit, table, &t);
  if (!rc) rc = snSessionIngest(s, &t, INGEST_DIRECT, &in);
  if (rc) return rc;
  return snUniqueAll(snSessionUnique(s, table),
      t->table->key[t->table->nkey - 1].id, message);
}

int snSessionDrop(Session *s, TableState *t) {
  u64 id = t->table->id;
  SessionMem *m = sessionMem(s, id);
  int rc = m && sessionWaits(m) ? sessionFlush(s, m) : SEINE_OK;
  return rc ? rc : snCatalogEditRemove(s->edit, id);
}

/* ---- compaction --------------------------------------------------------- */

/* A transaction of its own, which changes no row: what fails is undone
** without the rollback that ends the statements which read. */
int snSessionCompact(Session *s, CompactStep *step, char *message) {
  if (s->in_txn || s->edit || s->in_write) return SEINE_MISUSE;
  int rc = snSessionStart(s, message);
  if (rc) return rc;
  rc = snCompactStep(s->edit, step);
  if (!rc) return snSessionCommit(s, message);
  snWriterRollback(s->store);
  snSessionEnd(s);
  return rc;
}

#undef SESSION_SMALL
#undef SESSION_LEAST
#undef SESSION_RIDES
