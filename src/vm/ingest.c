/*
** ingest: how written rows come into memtables: one by one, or, for a bulk
** statement under PRAGMA threads, in batches that other threads take.
**
** The rows of a bulk statement are put into batches.  One that is full goes
** to a worker, which has a memtable and an analyzer of its own and makes
** segments of what it gets, in memory.  Rows are dealt out in ranges: worker
** 0 gets the first, worker 1 the second, and so on around the ring; a range
** is about as much as makes one segment.  The caller's thread alone touches
** the store: when a worker's turn comes again, it waits until the last range
** is done and writes its segments.
**
** The few rows of a small statement are held in a batch, too, as long as they
** may ride in a claim: whoever commits them so never needs the memtable.  That
** their words can be cut is seen when they come.
**
** Who reads the rows from somewhere may have the same threads do that too:
** by tasks, which they take, the oldest first, whenever they have no rows.
** A task is its giver's; what it makes are rows as in a batch, with no rowid
** yet, that come here like any others when their turn comes.
**
** Invariants:
** (1) Segments are written in the order of their ranges, and the rows of the
**     memtable of before come first: documents stand as rows came.
** (2) Where ranges end depends on the rows and the settings, never on time:
**     the same rows give the same file.
** (3) A statement of less than a batch starts no thread: its rows go to the
**     memtable as if there were none.  So do rows that were held, behind those
**     that ride already (snSessionTakeRows()).
** (4) What the workers hold is counted against the budget.  A range is no
**     longer than the memtable that it becomes may be, so that batches that
**     wait and the memtable that takes them share one room.
** (5) rc is sticky: behind an error no row is taken, until Discard.
** (6) A task ends as done or as dropped: no later than the threads do.  Then
**     nothing here looks at it any more.
** Locks: a worker's list, flags, drafts and rc, `spare`, and the tasks are
** guarded by the gate; its memtable is its own while it is busy.  The state
** of a task may be read without.
*/
#include "vm/vmInt.h"

#define INGEST_BATCH  (1u << 20) /* bytes */
#define INGEST_FILL   85u        /* percent of its memtable: aim of a range */
#define INGEST_GROWTH 3u         /* bytes in it of a byte of rows, at first */
#define INGEST_ROOM   4u         /* memtables of room that a worker needs */
#define INGEST_LEAST  65536u     /* a smaller memtable is not worth a thread */
#define INGEST_LOOK   2000u      /* microseconds between looks at interrupts */
#define INGEST_SPARE  4u         /* empty batches kept */

typedef struct IngestBatch IngestBatch;
struct IngestBatch {
  IngestBatch *next;
  Buf rows;
};

typedef struct IngestWorker {
  Ingest *in;
  Thread *thread;
  Cutting cutting;
  Memtable *mem;
  IngestBatch *first, *last;    /* that wait for it */
  SegDraft *drafts, *last_draft; /* of its range, to be written */
  bool open;         /* more of the range will come */
  bool busy;         /* with its range */
  u64 fed, became;   /* bytes of the range: of rows, of memtable */
  int rc;
} IngestWorker;

struct Ingest {
  Session *s;
  Memtable *mem;     /* the session's */
  IngestMode mode;   /* of the rows that come */
  int rc;
  IngestBatch *now;  /* being filled */
  size_t row;        /* where its last row begins */
  u32 held_rows;
  u32 batch_bytes;
  /* Once threads were started: */
  Monitor *gate;
  IngestWorker *worker;
  u32 nworker;
  u64 ranges;        /* begun */
  u64 share;         /* bytes of a worker's memtable */
  u64 target;        /* bytes of rows of a range */
  IngestBatch *spare;
  u32 nspare;
  IngestTask *task, *last_task; /* that wait for a thread */
  bool alone;        /* no thread could be had */
  bool stop;
};

bool snIngestBatched(const Ingest *in) { return in->mode != INGEST_DIRECT; }

static Budget *ingestBudget(const Ingest *in) {
  return snSessionBudget(in->s);
}

static u64 ingestTable(const Ingest *in) {
  return snMemtableTable(in->mem)->id;
}

int snIngestNew(Session *s, Memtable *mem, Ingest **out) {
  Ingest *in = snMemZero(snSessionBudget(s), sizeof *in);
  *out = in;
  if (!in) return SN_NOMEM;
  in->s = s;
  in->mem = mem;
  return SEINE_OK;
}

/* ---- batches ------------------------------------------------------------ */

static void ingestBatchFree(IngestBatch *b) {
  if (!b) return;
  snBufClear(&b->rows);
  snMemFree(b);
}

static void ingestBatchesFree(IngestBatch **list) {
  while (*list) {
    IngestBatch *b = *list;
    *list = b->next;
    ingestBatchFree(b);
  }
}

/* Back to the spare ones.  In the gate. */
static void ingestRecycle(Ingest *in, IngestBatch *b) {
  if (in->nspare >= INGEST_SPARE || b->rows.cap > 4 * INGEST_BATCH) {
    ingestBatchFree(b);
    return;
  }
  b->next = in->spare;
  b->rows.n = 0;
  in->spare = b;
  in->nspare++;
}

static int ingestBatchNew(Ingest *in) {
  IngestBatch *b = NULL;
  if (in->nworker) {
    snThreadEnter(in->gate);
    b = in->spare;
    if (b) {
      in->spare = b->next;
      in->nspare--;
    }
    snThreadLeave(in->gate);
  }
  if (!b) {
    b = snMemZero(ingestBudget(in), sizeof *b);
    if (!b) return SN_NOMEM;
    snBufInit(&b->rows, ingestBudget(in));
  }
  in->now = b;
  in->row = 0;
  return SEINE_OK;
}

/* The rows of a batch into a memtable. */
static int ingestReplay(Ingest *in, Memtable *m, const Buf *rows) {
  return snBatchRows(m, rows->data, rows->n, &in->stop);
}

/* ---- a worker ----------------------------------------------------------- */

/* Its memtable becomes a segment.  Out of the gate. */
static int ingestDraft(IngestWorker *w) {
  SegDraft *d;
  u64 bytes = snMemtableBytes(w->mem);
  if (!snMemtableDocs(w->mem)) return SEINE_OK;
  int rc = snMemtableDraft(w->mem, &d);
  if (rc) return rc;
  if (w->last_draft) w->last_draft->next = d;
  else w->drafts = d;
  w->last_draft = d;
  w->became += bytes;
  return SEINE_OK;
}

static int ingestTake(IngestWorker *w, const IngestBatch *b) {
  int rc = ingestReplay(w->in, w->mem, &b->rows);
  return rc || snMemtableBytes(w->mem) < w->in->share ? rc : ingestDraft(w);
}

static void ingestTaskEnd(IngestTask *t, int state) {
  __atomic_store_n(&t->state, state, __ATOMIC_RELEASE);
}

/* The oldest task, when there is one.  In the gate, which it leaves and
** enters. */
static bool ingestTask(Ingest *in, u32 worker) {
  IngestTask *t = in->task;
  if (!t) return false;
  in->task = t->next;
  snThreadLeave(in->gate);
  t->run(t, worker);
  snThreadEnter(in->gate);
  ingestTaskEnd(t, INGEST_TASK_DONE);
  snThreadWake(in->gate);
  return true;
}

static void ingestWork(void *arg) {
  IngestWorker *w = arg;
  Ingest *in = w->in;
  snThreadEnter(in->gate);
  while (!in->stop) {
    IngestBatch *b = w->first;
    int rc = w->rc;
    if (!b && (w->open || !w->busy)) {
      if (!ingestTask(in, (u32)(w - in->worker))) snThreadWait(in->gate, 0);
      continue;
    }
    if (b) w->first = b->next;
    snThreadLeave(in->gate);
    if (!rc) rc = b ? ingestTake(w, b) : ingestDraft(w);
    snThreadEnter(in->gate);
    w->rc = rc;
    if (b) ingestRecycle(in, b);
    else w->busy = false;
    if (rc || !b) snThreadWake(in->gate);
  }
  snThreadLeave(in->gate);
}

static int ingestWorkerOpen(Ingest *in, IngestWorker *w) {
  Budget *b = ingestBudget(in);
  IndexEnv env = {snCuttingAt, &w->cutting, &in->stop};
  w->in = in;
  int rc = snCuttingInit(&w->cutting, b, NULL);
  if (!rc)
    rc = snCuttingFind(&w->cutting, in->s, snMemtableTable(in->mem));
  if (!rc)
    rc = snMemtableNew(b, snMemtableTable(in->mem), &env, &w->mem);
  if (!rc) snMemtablePairs(w->mem, snSessionPairs(in->s));
  return rc;
}

static void ingestWorkerClose(IngestWorker *w) {
  ingestBatchesFree(&w->first);
  while (w->drafts) {
    SegDraft *d = w->drafts;
    w->drafts = d->next;
    snFlushDrop(d);
  }
  snMemtableFree(w->mem);
  snCuttingFree(&w->cutting);
}

/* ---- starting and stopping ---------------------------------------------- */

static void ingestStop(Ingest *in) {
  if (in->nworker) {
    snThreadEnter(in->gate);
    __atomic_store_n(&in->stop, true, __ATOMIC_RELAXED);
    snThreadWake(in->gate);
    snThreadLeave(in->gate);
  }
  for (u32 i = 0; i < in->nworker; i++) snThreadJoin(in->worker[i].thread);
  for (u32 i = 0; i < in->nworker; i++) ingestWorkerClose(in->worker + i);
  while (in->task) {
    IngestTask *t = in->task;
    in->task = t->next;
    ingestTaskEnd(t, INGEST_TASK_DROPPED);
  }
  snThreadMonitorFree(in->gate);
  ingestBatchesFree(&in->spare);
  ingestBatchFree(in->now);
  snMemFree(in->worker);
  in->now = NULL;
  in->gate = NULL;
  in->worker = NULL;
  in->nworker = in->nspare = 0;
  in->ranges = 0;
  in->stop = in->alone = false;
  in->mode = INGEST_DIRECT;
  in->held_rows = 0;
}

/* How many workers, and how much each may hold: under a limit they share the
** room that is left. */
static u32 ingestShares(Ingest *in) {
  const Settings *set = snSessionSettings(in->s);
  const Budget *b = ingestBudget(in);
  u64 n = (u64)set->threads;
  in->share = (u64)SN_MAX(set->memtable_bytes, 1);
  if (b->limit) {
    u64 room = (u64)SN_MAX(b->limit - snMemUsed(b), 0) / INGEST_ROOM;
    u64 least = SN_MIN(in->share, INGEST_LEAST);
    n = SN_MIN(n, room / least);
    if (n) in->share = SN_MIN(in->share, room / n);
  }
  in->target = SN_MAX(in->share / INGEST_GROWTH, 1);
  in->batch_bytes = (u32)SN_MIN(in->target / 8 + 1, INGEST_BATCH);
  return (u32)n;
}

static int ingestStart(Ingest *in) {
  u32 n = ingestShares(in), i = 0;
  int rc = snSessionPublishRows(in->s, ingestTable(in));
  if (rc) return rc;
  in->alone = n == 0;
  if (!n) return SEINE_OK;
  in->worker = snMemZero(ingestBudget(in), n * sizeof *in->worker);
  if (!in->worker) return SN_NOMEM;
  rc = snThreadMonitorNew(ingestBudget(in), &in->gate);
  if (rc) return rc;
  in->nworker = n;
  for (i = 0; !rc && i < n; i++) rc = ingestWorkerOpen(in, in->worker + i);
  if (rc) return rc;
  for (i = 0; i < n; i++)
    if (snThreadStart(ingestBudget(in), ingestWork, in->worker + i,
            &in->worker[i].thread)) break;
  for (u32 k = i; k < n; k++) ingestWorkerClose(in->worker + k);
  in->nworker = i;
  in->alone = i == 0;
  return SEINE_OK;
}

/* ---- ranges ------------------------------------------------------------- */

static IngestWorker *ingestRangeOf(Ingest *in, u64 range) {
  return in->worker + range % in->nworker;
}

/* Until the worker has done its range. */
static int ingestAwait(Ingest *in, IngestWorker *w) {
  int rc = SEINE_OK;
  snThreadEnter(in->gate);
  while (!rc && w->busy) {
    snThreadWait(in->gate, INGEST_LOOK);
    if (!w->busy) break;
    snThreadLeave(in->gate);
    if (snSessionCancelled(in->s)) rc = SEINE_INTERRUPT;
    snThreadEnter(in->gate);
  }
  if (!rc) rc = w->rc;
  snThreadLeave(in->gate);
  return rc;
}

/* Waits for the range that the worker has, and writes it. */
static int ingestPublish(Ingest *in, IngestWorker *w) {
  int rc = ingestAwait(in, w);
  while (!rc && w->drafts) {
    SegDraft *d = w->drafts;
    w->drafts = d->next;
    rc = snSessionPublish(in->s, ingestTable(in), d);
  }
  if (!w->drafts) w->last_draft = NULL;
  return rc;
}

static void ingestRangeEnd(Ingest *in) {
  if (!in->ranges) return;
  snThreadEnter(in->gate);
  ingestRangeOf(in, in->ranges - 1)->open = false;
  snThreadWake(in->gate);
  snThreadLeave(in->gate);
}

/* The next worker's turn.  How much of a memtable its last range became
** tells how long this one should be. */
static int ingestRangeBegin(Ingest *in) {
  IngestWorker *w = ingestRangeOf(in, in->ranges);
  ingestRangeEnd(in);
  int rc = ingestPublish(in, w);
  if (rc) return rc;
  if (w->became) {
    double aim = (double)in->share * INGEST_FILL / 100;
    in->target = (u64)((double)w->fed / (double)w->became * aim) + 1;
    in->target = SN_MIN(in->target, in->share);
  }
  w->fed = w->became = 0;
  snThreadEnter(in->gate);
  w->open = w->busy = true;
  snThreadLeave(in->gate);
  in->ranges++;
  return SEINE_OK;
}

/* The batch that was filled goes to the worker whose turn it is. */
static int ingestHand(Ingest *in) {
  IngestBatch *b = in->now;
  IngestWorker *w = NULL;
  int rc = in->nworker || in->alone ? SEINE_OK : ingestStart(in);
  if (!rc && in->alone) {
    rc = ingestReplay(in, in->mem, &b->rows);
    b->rows.n = in->row = 0;
    return rc ? rc : snSessionFlushLarge(in->s, ingestTable(in));
  }
  if (!rc && in->ranges) w = ingestRangeOf(in, in->ranges - 1);
  if (!rc && (!w || w->fed >= in->target)) {
    rc = ingestRangeBegin(in);
    w = ingestRangeOf(in, in->ranges - 1);
  }
  if (rc) return rc;
  b->next = NULL;
  in->now = NULL;
  w->fed += b->rows.n;
  snThreadEnter(in->gate);
  if (w->first) w->last->next = b;
  else w->first = b;
  w->last = b;
  rc = w->rc;
  snThreadWake(in->gate);
  snThreadLeave(in->gate);
  return rc;
}

/* Rows that wait for a batch to be full go where the others went. */
static int ingestFinish(Ingest *in) {
  bool rest = in->now && in->now->rows.n;
  int rc = SEINE_OK;
  if (in->mode == INGEST_HOLD) rc = snSessionTakeRows(in->s, ingestTable(in));
  if (!rc && !in->nworker && rest)
    rc = ingestReplay(in, in->mem, &in->now->rows);
  if (!in->nworker) return rc;
  if (rest) rc = ingestHand(in);
  if (rc) return rc;
  ingestRangeEnd(in);
  u64 k = in->ranges > in->nworker ? in->ranges - in->nworker : 0;
  for (; !rc && k < in->ranges; k++)
    rc = ingestPublish(in, ingestRangeOf(in, k));
  return rc;
}

int snIngestFinish(Ingest *in) {
  if (in->rc || !snIngestBatched(in)) return in->rc;
  in->rc = ingestFinish(in);
  ingestStop(in);
  return in->rc;
}

void snIngestDiscard(Ingest *in) {
  ingestStop(in);
  in->rc = SEINE_OK;
}

void snIngestFree(Ingest *in) {
  if (!in) return;
  ingestStop(in);
  snMemFree(in);
}

/* ---- rows --------------------------------------------------------------- */

int snIngestMode(Ingest *in, IngestMode mode) {
  if (in->rc || mode == in->mode) return in->rc;
  int rc = snIngestFinish(in);
  if (rc) return rc;
  in->mode = mode;
  in->batch_bytes = mode == INGEST_HOLD ? STORE_DELTA : INGEST_BATCH;
  if (mode == INGEST_BULK) (void)ingestShares(in);
  return SEINE_OK;
}

bool snIngestWaits(const Ingest *in) {
  return in->nworker || (in->now && in->now->rows.n);
}

const Buf *snIngestHeld(const Ingest *in, u32 *rows) {
  *rows = in->held_rows;
  bool some = in->mode == INGEST_HOLD && in->now && in->now->rows.n;
  return some ? &in->now->rows : NULL;
}

bool snIngestFull(const Ingest *in) {
  return snIngestBatched(in) && in->now && in->now->rows.n >= in->batch_bytes;
}

int snIngestOffer(Ingest *in) {
  if (in->mode == INGEST_HOLD && snIngestFull(in)) return snIngestFinish(in);
  if (!in->rc && snIngestFull(in)) {
    in->rc = ingestHand(in);
    if (in->rc) ingestStop(in);
  }
  return in->rc;
}

int snIngestBegin(Ingest *in, i64 rowid) {
  if (in->rc) return in->rc;
  if (!snIngestBatched(in)) return snMemtableBegin(in->mem, rowid);
  if (!in->now && ingestBatchNew(in)) return SN_NOMEM;
  in->row = in->now->rows.n;
  return snBatchBegin(&in->now->rows, rowid);
}

int snIngestInt(Ingest *in, u32 col, i64 v) {
  return snIngestBatched(in) ? snBatchInt(&in->now->rows, col, v)
                     : snMemtableInt(in->mem, col, v);
}

int snIngestReal(Ingest *in, u32 col, double v) {
  return snIngestBatched(in) ? snBatchReal(&in->now->rows, col, v)
                     : snMemtableReal(in->mem, col, v);
}

int snIngestStr(Ingest *in, u32 col, const void *s, u32 n) {
  if (!snIngestBatched(in)) return snMemtableStr(in->mem, col, s, n);
  int rc = SEINE_OK;
  if (in->mode == INGEST_HOLD) rc = snMemtableTry(in->mem, col, s, n);
  return rc ? rc : snBatchStr(&in->now->rows, col, s, n);
}

int snIngestEnd(Ingest *in) {
  if (!snIngestBatched(in)) return snMemtableEnd(in->mem);
  in->held_rows++;
  if (!snBatchEnd(&in->now->rows)) return SEINE_OK;
  in->held_rows--;
  snIngestUndo(in);
  return SN_NOMEM;
}

/* The row of [p, p + n) with another rowid; without threads it is read. */
int snIngestRow(Ingest *in, i64 rowid, const u8 *p, size_t n) {
  Rd r = {p + 8, p + n, false};
  if (in->rc) return in->rc;
  if (!snIngestBatched(in)) return snBatchRow(in->mem, rowid, &r);
  int rc = snIngestBegin(in, rowid);
  if (rc) return rc;
  snBufAdd(&in->now->rows, p + 8, n - 8);
  rc = in->now->rows.rc;
  if (rc) snIngestUndo(in);
  else in->held_rows++;
  return rc;
}

/* ---- tasks -------------------------------------------------------------- */

u32 snIngestWorkers(const Ingest *in) { return in->nworker; }
size_t snIngestBatch(const Ingest *in) { return in->batch_bytes; }

void snIngestGive(Ingest *in, IngestTask *t) {
  t->in = in;
  t->next = NULL;
  t->state = INGEST_TASK_WAITS;
  snThreadEnter(in->gate);
  if (in->task) in->last_task->next = t;
  else in->task = t;
  in->last_task = t;
  snThreadWake(in->gate);
  snThreadLeave(in->gate);
}

static int ingestTaskState(const IngestTask *t) {
  return __atomic_load_n(&t->state, __ATOMIC_ACQUIRE);
}

int snIngestAwait(IngestTask *t) {
  Ingest *in = t->in;
  int rc = SEINE_OK;
  while (!rc && ingestTaskState(t) == INGEST_TASK_WAITS) {
    snThreadEnter(in->gate);
    if (ingestTaskState(t) == INGEST_TASK_WAITS)
      snThreadWait(in->gate, INGEST_LOOK);
    snThreadLeave(in->gate);
    if (snSessionCancelled(in->s)) rc = SEINE_INTERRUPT;
  }
  return rc;
}

static void ingestUnlink(Ingest *in, const IngestTask *t) {
  IngestTask *before = NULL, *at = in->task;
  while (at && at != t) {
    before = at;
    at = at->next;
  }
  if (!at) return; /* a thread has it */
  if (before) before->next = at->next;
  else in->task = at->next;
  if (in->last_task == at) in->last_task = before;
  ingestTaskEnd(at, INGEST_TASK_DROPPED);
}

void snIngestWithdraw(IngestTask *t) {
  Ingest *in = t->in;
  if (ingestTaskState(t) != INGEST_TASK_WAITS) return;
  snThreadEnter(in->gate);
  ingestUnlink(in, t);
  while (ingestTaskState(t) == INGEST_TASK_WAITS) snThreadWait(in->gate, 0);
  snThreadLeave(in->gate);
}

void snIngestUndo(Ingest *in) {
  if (!snIngestBatched(in)) {
    snMemtableUndo(in->mem);
  } else if (in->now) {
    in->now->rows.n = in->row;
    in->now->rows.rc = SEINE_OK;
  }
}

#undef INGEST_BATCH
#undef INGEST_FILL
#undef INGEST_GROWTH
#undef INGEST_ROOM
#undef INGEST_LEAST
#undef INGEST_LOOK
#undef INGEST_SPARE
