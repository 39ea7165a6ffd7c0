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
#include "vm/vmInt.h"

#define SESSION_SMALL 32u
#define SESSION_LEAST (96 << 10) /* bytes left to a statement */
#define SESSION_ROOMS 8u /* 32 KB each, kept for the next statement */
#define SESSION_MOST 512u /* segments of a table before writers merge all */
#define SESSION_RIDES 4u  /* tables whose rows ride by one commit */
#define SESSION_LOST 3u   /* merges in vain before a commit does one itself */
#ifdef SEINE_TEST
#define SESSION_APART 1u
#define SESSION_BESIDE (8u << 10)
#else
#define SESSION_APART (4u << 20) /* bytes whose merge is worth threads */
#define SESSION_BESIDE (64u << 10) /* ... is not done by a commit itself */
#endif

typedef struct SessionMem {
  u64 table;         /* id */
  Memtable *mem;
  Ingest *in;        /* how rows come into it, or past it */
  Unique *unique;    /* of a table with keys */
  i64 first_rowid;   /* next rowid when the transaction met the table, */
  i64 mark_rowid;    /* ... when the statement began */
  u32 merged;        /* segments of the table when they were looked at */
  u32 mark;          /* rows in it when the statement began, */
  u32 mark_dead;     /* ... and deleted ones of them */
  SegmentRef early;  /* flushed by the statement with rows of before in it */
  u32 early_docs;    /* that many of its first rows are of before, */
  u32 *early_dead;   /* ... of which these were deleted */
  u32 early_ndead;
  bool has_early;
} SessionMem;

typedef struct Savepoint Savepoint;
struct Savepoint {
  Savepoint *outer;
  CatalogMark *mark; /* NULL: nothing was written before it, nor since */
  bool began;        /* the transaction: its release commits */
  bool broken;       /* so was the session then */
  char name[];
};

struct Session {
  Budget budget;
  MemSpare blocks;
  Store *store;
  SegmentCache *cache;
  SegmentCache **beside; /* of threads, by number less 1 */
  Delta delta;       /* segments of rows that ride */
  u32 nbeside;
  Catalog *cat;      /* what readers see */
  Catalog *rest;     /* what they saw last, for the next one to follow from */
  CatalogEdit *edit;
  CatalogMark *mark;
  Savepoint *save;   /* the newest */
  SessionMem *mem;
  u32 nmem, mem_cap;
  bool in_txn, txn_write, in_write, read_fixed, broken;
  int readers;
  u64 epoch;         /* rollbacks that took segments away */
  Settings set;
  Cutting cutting;
  Percolator *percolator; /* or NULL: none was asked for yet */
  QueryCut cut, cut_stored;
  void *room[SESSION_ROOMS];
  Matcher *match_room;
  Run *run;          /* over, for the next one; or NULL */
  SlowLog *slow;     /* or NULL */
  Recall *recall;    /* or NULL */
  u32 nroom;
  i64 counters[3], undo[3]; /* now, and before the statement */
  int (*cancelled)(void *);
  void *cancel_arg;
  const FileDoor *files; /* NULL: SQL reads none */
  Guard guard;
  i64 most[SEINE_LIMITS]; /* but those of memory and time */
  bool hardened;
  bool committed;    /* the file may have a free tail to cut at the end */
  bool spare;        /* merges beside others freed pages */
  u32 lost;          /* merges beside others in a row that came to nothing */
};

/* Cuts texts of queries, and texts as they are stored. */
SlowLog **snSessionSlow(Session *s) { return &s->slow; }
Recall **snSessionRecall(Session *s) { return &s->recall; }
const QueryCut *snSessionCut(Session *s) { return &s->cut; }
const QueryCut *snSessionCutStored(Session *s) { return &s->cut_stored; }
Cutter *snSessionCutter(Session *s) { return s->cutting.cutter; }

/* ---- life --------------------------------------------------------------- */

int snSessionOpen(const StoreConfig *c, Session **out) {
  *out = NULL;
  Session *s = snMemZero(NULL, sizeof *s);
  if (!s) return SN_NOMEM;
  StoreConfig config = *c;
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

static void sessionFreeMem(SessionMem *m) {
  snUniqueFree(m->unique);
  snMemFree(m->early_dead);
  snIngestFree(m->in);
  snMemtableFree(m->mem);
}

static void sessionDropMem(Session *s) {
  for (u32 i = 0; i < s->nmem; i++) sessionFreeMem(s->mem + i);
  s->nmem = 0;
}

void snSessionClose(Session *s) {
  if (!s) return;
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

static int sessionNewMem(Session *s, TableState *t, SessionMem **out) {
  IndexEnv env = {snCuttingAt, &s->cutting, NULL};
  int rc = snMemGrow(&s->budget, &s->mem, &s->mem_cap, s->nmem + 1ull,
      sizeof *s->mem);
  if (rc) return rc;
  SessionMem *m = s->mem + s->nmem;
  memset(m, 0, sizeof *m);
  m->table = t->table->id;
  m->first_rowid = m->mark_rowid = t->next_rowid;
  m->merged = t->nseg;
  rc = snMemtableNew(&s->budget, t->table, &env, &m->mem);
  if (!rc) rc = snIngestNew(s, m->mem, &m->in);
  if (!rc) rc = snUniqueNew(s, t, m->mem, m->in, &m->unique);
  if (rc) {
    sessionFreeMem(m);
    return rc;
  }
  s->nmem++;
  *out = m;
  return SEINE_OK;
}

/* ---- changing a state --------------------------------------------------- */

/* Replaces segments [from, to) of a table by add (docs 0: by nothing). */
static int sessionSplice(Session *s, TableState *t, u32 from, u32 to,
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

/* A segment that was written becomes the newest of its table. */
static int sessionAdd(Session *s, u64 table, const SegmentRef *ref) {
  TableState *t;
  int rc = snCatalogEditOwn(s->edit, &ref->ref);
  if (!rc) rc = snCatalogEditById(s->edit, table, &t);
  if (rc) return rc;
  return t ? sessionSplice(s, t, t->nseg, t->nseg, ref) : SEINE_SCHEMA;
}

/* Marks documents of a segment that nobody has seen yet: those listed, and
** those from number `from` on. */
static int sessionMarkNew(Session *s, SegmentRef *ref, const u32 *dead,
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
  if (!rc && ndead) rc = sessionMarkNew(s, &ref, dead, ndead, UINT32_MAX);
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
  return sessionAdd(s, m->table, &ref);
}

int snSessionTakeRows(Session *s, u64 table) {
  static const TableRows none;
  SessionMem *m = sessionMem(s, table);
  TableState *t, *n;
  int rc = snCatalogEditById(s->edit, table, &t);
  if (rc || !t || !t->rows.docs) return rc;
  assert(!snMemtableDocs(m->mem));
  rc = snDeltaFill(m->mem, t);
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
  return rc ? rc : sessionFlushRows(s, m);
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
  return rc ? rc : sessionAdd(s, table, &ref);
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

/* What waits of a table, and what rides of it, becomes segments. */
static int sessionFlushTable(Session *s, TableState *t) {
  SessionMem *m = sessionMem(s, t->table->id);
  int rc = m || !t->rows.docs ? SEINE_OK : sessionNewMem(s, t, &m);
  return rc || !m ? rc : sessionFlush(s, m);
}

/* Readers get what rides as a segment more; a transaction that writes makes
** one of it. */
int snSessionView(Session *s, const char *name, View **out) {
  TableState *t;
  Segment *last = NULL;
  *out = NULL;
  int rc = snSessionFind(s, name, strlen(name), &t);
  if (rc || !t) return rc ? rc : SEINE_SCHEMA;
  if (s->edit) {
    rc = sessionFlushTable(s, t);
    if (!rc) rc = snSessionFind(s, name, strlen(name), &t);
  } else if (t->rows.docs) {
    rc = snDeltaSegment(&s->delta, s, t, &last);
  }
  return rc ? rc : snViewOpenWith(s->cache, t, last, out);
}

int snSessionTableBytes(Session *s, TableState *t, u64 *out) {
  (void)s;
  *out = 0;
  for (u32 i = 0; i < t->nseg; i++)
    *out += snExtentPages(t->seg[i].ref.len) * SN_PAGE;
  for (u32 i = 0; i < t->npatch; i++)
    *out += snExtentPages(t->patch[i].ref.len) * SN_PAGE;
  *out += t->rows.n;
  return SEINE_OK;
}

/* ---- transactions ------------------------------------------------------- */

static void sessionSay(char *message, const char *text) {
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

static int sessionStartWriting(Session *s, char *message) {
  Snapshot *base;
  if (s->edit) return SEINE_OK;
  u64 seen = s->cat ? snSnapshotTxid(snCatalogSnapshot(s->cat)) : 0;
  int rc = snWriterBegin(s->store, &base);
  if (rc == SEINE_BUSY)
    sessionSay(message, "the database is locked: another connection is "
                        "writing (PRAGMA busy_timeout sets how long to "
                        "wait)");
  if (rc == SEINE_IOERR && snWriterPoisoned(s->store))
    sessionSay(message, "an earlier write to this file failed: close this "
                        "connection before writing again");
  if (rc == SEINE_READONLY)
    sessionSay(message, "the database is open for reading only");
  if (rc) return rc;
  if (s->in_txn && s->read_fixed && snSnapshotTxid(base) != seen) {
    snWriterRollback(s->store);
    sessionSay(message, "the database changed since this transaction first "
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
    sessionSay(message, "a transaction is open already: COMMIT or ROLLBACK "
                        "it first");
    return SEINE_ERROR;
  }
  s->in_txn = true;
  s->read_fixed = false;
  int rc = write ? sessionStartWriting(s, message) : SEINE_OK;
  if (rc) s->in_txn = false;
  return rc;
}

static void sessionForget(Session *s) {
  Savepoint *p = s->save;
  s->save = p->outer;
  snCatalogMarkFree(p->mark);
  snMemFree(p);
}

static void sessionEnd(Session *s) {
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
  sessionEnd(s);
  return SEINE_OK;
}

/* What became of segments [from, to) takes their place. */
static int sessionMerged(Session *s, TableState *t, u32 from, u32 to,
    const SegmentRef *ref) {
  int rc = ref->docs ? snCatalogEditOwn(s->edit, &ref->ref) : SEINE_OK;
  return rc ? rc : sessionSplice(s, t, from, to, ref);
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

/* Why a commit failed. */
static void sessionCommitSay(const Session *s, int rc, char *message) {
  sessionSay(message, snWriterUnknown(s->store)
          ? "writing failed while committing: whether the transaction "
            "is kept shows when the database is opened again"
      : snWriterPoisoned(s->store)
          ? "writing failed while committing: the transaction was "
            "undone; close this connection before writing again"
      : rc == SEINE_FULL
          ? "no space left on the device: the transaction was undone"
          : "the transaction could not be committed and was undone");
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
  sessionEnd(s);
  return rc;
}

/* B1.  Merging codes of columns may widen them. */
static int sessionBesideRoom(Session *s, SessionBeside *b, u64 bytes) {
  int rc = sessionStartWriting(s, NULL);
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
    rc = sessionMarkNew(s, &b->ref, doc, late, UINT32_MAX);
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
  int rc = sessionStartWriting(s, NULL);
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

/* After a commit: what it left to be merged.  Nobody waits for an answer, and
** what goes wrong here shows to the next who writes. */
static void sessionMergeBeside(Session *s, u64 table) {
  bool done = true;
  if (snReserveTurn(s->store, false)) return;
  while (done && !sessionBesidePick(s, table, &done)) {}
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
  int rc = sessionStartWriting(s, message);
  if (!rc) rc = snCatalogEditMark(s->edit, &s->mark);
  s->in_write = true;
  return rc;
}

/* Rows that ride become a segment by a commit of their own, before OPTIMIZE
** outside of a transaction steps aside. */
static int sessionLand(Session *s, TableState *t, char *message) {
  if (s->in_txn || s->readers || s->nmem || !t->rows.docs ||
      !snCatalogEditIdle(s->edit)) return SEINE_OK;
  int rc = sessionBesideEnd(s, sessionFlushTable(s, t));
  if (rc) sessionCommitSay(s, rc, message);
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
  sessionEnd(s);
  if (!snReserveTurn(s->store, true)) {
    rc = snSessionRefresh(s);
    if (!rc) rc = snCatalogById(s->cat, table, &t);
    if (!rc && t)
      rc = sessionBeside(s, t, 0, t->nseg, s->set.tight_rows, &done);
    snReserveOver(s->store);
  }
  if (rc != SEINE_INTERRUPT && s->lost >= SESSION_LOST) rc = SEINE_OK;
  if (rc && snWriterPoisoned(s->store)) sessionCommitSay(s, rc, message);
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
  int rc = all ? sessionLand(s, t, message) : SEINE_OK;
  if (!rc) rc = snCatalogEditById(s->edit, id, &t);
  if (!rc && t) rc = sessionFlushTable(s, t);
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
  int rc = sessionFlushTable(s, t);
  if (!rc) rc = snCatalogEditById(s->edit, id, &t);
  if (rc || !t || !t->nseg) return rc;
  rc = sessionMergeOpen(s, t, 0, t->nseg, s->set.tight_rows, &g);
  if (!rc)
    rc = snMergeSort(&g.env, by, n, snCatalogEditNewId(s->edit), &ref);
  sessionMergeClose(&g);
  return rc ? rc : sessionMerged(s, t, 0, t->nseg, &ref);
}

/* Merges what is small.  owed: the tables of which more is to be merged, as
** many as there are memtables at most.  A merge is a service, not part of the
** transaction: when it is interrupted or too large, the commit goes on without
** it. */
static int sessionMergeAll(Session *s, u64 *owed, u32 *n) {
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

/* What rides of a table that was written to, with what comes. */
static bool sessionRideOf(Session *s, const SessionMem *m, TableRide *out) {
  u32 docs;
  const Buf *rows = snIngestHeld(m->in, &docs);
  TableState *t;
  if (!rows || snMemtableDocs(m->mem)) return false;
  if (snCatalogEditById(s->edit, m->table, &t) || !t) return false;
  *out = (TableRide){m->table, t->next_rowid, rows->data, rows->n, docs};
  return true;
}

/* A transaction whose rows are all held commits them as they are: they ride in
** its claim, until there are too many. */
static int sessionRide(Session *s, bool *done) {
  TableRide ride[SESSION_RIDES];
  u32 n = 0;
  *done = false;
  if (s->broken || !s->nmem || s->nmem > SESSION_RIDES) return SEINE_OK;
  for (u32 i = 0; i < s->nmem; i++) {
    TableRide t;
    u32 at = n;
    if (!sessionRideOf(s, s->mem + i, &t)) return SEINE_OK;
    for (; at && ride[at - 1].table > t.table; at--) ride[at] = ride[at - 1];
    ride[at] = t;
    n++;
  }
  return snCatalogEditRide(s->edit, ride, n, (u64)s->set.delta_bytes, done);
}

int snSessionCommit(Session *s, char *message) {
  int rc = SEINE_OK;
  u64 *owed = NULL;
  u32 n = 0;
  bool rode = false;
  if (s->edit) rc = sessionRide(s, &rode);
  if (s->edit && !rode && !rc) {
    rc = s->broken ? SEINE_ERROR : sessionFlushAll(s);
    if (s->nmem) owed = snMemAlloc(&s->budget, s->nmem * sizeof *owed);
    if (!rc) rc = sessionMergeAll(s, owed, &n);
    if (!rc) rc = snCatalogEditCommit(s->edit);
    s->committed |= !rc;
  }
  if (s->edit && rc) {
    snWriterRollback(s->store);
    sessionCommitSay(s, rc, message);
  }
  sessionEnd(s);
  for (u32 i = 0; !rc && i < n; i++) sessionMergeBeside(s, owed[i]);
  s->spare |= !rc && n;
  snMemFree(owed);
  return rc;
}

/* When nothing of this connection runs: what reads pins what is freed. */
void snSessionSpare(Session *s) {
  bool spare = s->spare && !s->in_txn && !s->readers;
  if (!spare) return;
  s->spare = false;
  snVacuumSpare(s, s->cancelled, s->cancel_arg);
}

/* ---- savepoints --------------------------------------------------------- */

static int sessionIdleWriter(const Session *s, char *message) {
  if (!s->in_write) return SEINE_OK;
  sessionSay(message, "another statement of this connection is writing");
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
  s->broken = p->broken;
  return snCatalogEditBack(s->edit, p->mark);
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
  return rc;
}

/* As sessionMergeAll(), of tables that have got many segments since. */
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
    sessionSay(message, "another statement of this connection is writing");
    return SEINE_BUSY;
  }
  int rc = sessionStartWriting(s, message);
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
    rc = sessionMarkNew(s, &ref, m->early_dead, m->early_ndead,
        m->early_docs);
  return rc ? rc : sessionSplice(s, t, t->nseg, t->nseg, &ref);
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
  return rc;
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
    sessionFreeMem(m);
    *m = s->mem[--s->nmem];
    m = NULL;
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
  int rc = sessionFlushTable(s, old);
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
  SessionMem *m = sessionMem(s, t->table->id);
  if (m) {
    sessionFreeMem(m);
    *m = s->mem[--s->nmem];
  }
  return snCatalogEditRemove(s->edit, t->table->id);
}

/* ---- compaction --------------------------------------------------------- */

/* A transaction of its own, which changes no row: what fails is undone
** without the rollback that ends the statements which read. */
int snSessionCompact(Session *s, CompactStep *step, char *message) {
  if (s->in_txn || s->edit || s->in_write) return SEINE_MISUSE;
  int rc = sessionStartWriting(s, message);
  if (rc) return rc;
  rc = snCompactStep(s->edit, step);
  if (!rc) return snSessionCommit(s, message);
  snWriterRollback(s->store);
  sessionEnd(s);
  return rc;
}

#undef SESSION_SMALL
#undef SESSION_ROOMS
#undef SESSION_APART
#undef SESSION_BESIDE
#undef SESSION_MOST
#undef SESSION_LOST
#undef SESSION_RIDES
