/*
** import_ahead: records read by threads, ahead of their turn.
**
** Once the load has threads, records are copied into chunks.  A full one is a
** task for one of them, which reads its records with a helper of its own and
** writes rows, with no rowid yet.  The chunks wait in a ring; the first that
** was filled is the first whose turn comes: its rows go where rows go.  A
** record that a helper cannot take is marked, and read again by the load
** itself when its turn comes: only there are names added, tables changed,
** rejects and errors told.
**
** (1) The rows, rejects, columns and errors are those of a load that reads
**     each record in its turn; so is the file, since batches of rows are cut
**     by the rows.
** (2) Rows count only if they were written with what the load knows now: a
**     chunk of another version is read again in its turn.
** (3) Helpers learn only while no chunk waits.
** (4) A helper that runs out of memory leaves the rest of its chunk unread;
**     the load without memory for chunks goes on without them.
*/
#include "api/import.h"

#define AHEAD_BYTES 131072u /* of the records of a chunk, at most */
#define AHEAD_EACH  32u     /* bytes that a record counts for besides */
#define AHEAD_MORE  2u      /* chunks that wait, besides one a thread */

typedef struct AheadChunk {
  IngestTask task;
  ImportAhead *of;
  u64 version;
  Buf text;             /* the records, one behind the other */
  ImportRecord *record;
  u32 n, cap;
  u32 nread;            /* records that were read */
  Buf rows;
  size_t *end;          /* where each row ends */
  u32 nrow, end_cap;
  u32 *odd;             /* records that are no row */
  u32 nodd, odd_cap;
} AheadChunk;

struct ImportAhead {
  Budget *budget;
  u64 version;           /* what the helpers know */
  seine_import **helper; /* one a thread */
  u32 nhelper;
  AheadChunk *chunk;     /* a ring */
  u32 nchunk, first, waiting;
  AheadChunk *now;       /* being filled, behind those that wait */
  size_t bytes;          /* of records, until it is full */
  bool off;              /* for want of memory */
};

/* ---- helpers ------------------------------------------------------------ */

/* Names have the same numbers in all helpers as in the load. */
static int aheadNames(seine_import *h, const seine_import *imp) {
  int rc = snMemGrow(h->budget, &h->field, &h->field_cap, imp->nfield,
      sizeof *h->field);
  if (!rc)
    rc = snMemGrow(h->budget, &h->touched, &h->touched_cap, imp->nfield,
        sizeof *h->touched);
  if (!rc)
    rc = snMemGrow(h->budget, &h->node, &h->node_cap, imp->nnode,
        sizeof *h->node);
  for (u32 k = h->nodes.n; !rc && k < imp->nodes.n; k++) {
    const StrRef *r = &imp->nodes.refs[k];
    snStrSetAdd(&h->nodes, r->p, r->n);
    rc = h->nodes.rc;
  }
  if (rc) return rc;
  if (imp->nfield)
    memcpy(h->field, imp->field, imp->nfield * sizeof *h->field);
  if (imp->nnode) memcpy(h->node, imp->node, imp->nnode * sizeof *h->node);
  for (u32 i = 0; i < imp->nfield; i++) h->field[i].stamp = 0;
  h->nfield = imp->nfield;
  h->nnode = imp->nnode;
  return SEINE_OK;
}

static int aheadLearn(seine_import *h, const seine_import *imp) {
  int rc = aheadNames(h, imp);
  h->st = imp->st;
  h->split = imp->split;
  return rc ? rc : snImportTableShare(h, imp);
}

static void aheadHelpersFree(ImportAhead *a) {
  for (u32 i = 0; i < a->nhelper; i++) snImportFree(a->helper[i]);
  snMemFree(a->helper);
  a->helper = NULL;
  a->nhelper = 0;
}

/* What a lack of memory left behind. */
static void aheadCalm(seine_import *h) {
  h->rc = SEINE_OK;
  snBufClear(&h->path);
  snBufClear(&h->tmp);
  snBufClear(&h->json.tmp);
}

/* ---- a chunk, in a thread ----------------------------------------------- */

static int aheadRecord(AheadChunk *c, seine_import *h, u32 k) {
  const ImportRecord *r = &c->record[k];
  snImportParse(h, (const char *)c->text.data + r->from, r->n);
  if (!h->rc && !h->reason[0] && snImportTablePut(h, &c->rows)) {
    int rc = snMemGrow(h->budget, &c->end, &c->end_cap, c->nrow + 1ull,
        sizeof *c->end);
    if (!rc) c->end[c->nrow++] = c->rows.n;
    return rc;
  }
  if (h->rc) return h->rc;
  int rc = snMemGrow(h->budget, &c->odd, &c->odd_cap, c->nodd + 1ull,
      sizeof *c->odd);
  if (!rc) c->odd[c->nodd++] = k;
  return rc;
}

static void aheadRun(IngestTask *t, u32 worker) {
  AheadChunk *c = (AheadChunk *)t;
  seine_import *h = c->of->helper[worker];
  int rc = SEINE_OK;
  for (; !rc && c->nread < c->n; c->nread += !rc)
    rc = aheadRecord(c, h, c->nread);
  if (rc) aheadCalm(h);
}

/* ---- its turn ----------------------------------------------------------- */

static void aheadChunkEmpty(AheadChunk *c) {
  c->text.n = c->rows.n = 0;
  c->n = c->nread = c->nrow = c->nodd = 0;
  c->rows.rc = SEINE_OK;
  if (c->rows.cap > 8 * (size_t)AHEAD_BYTES) snBufClear(&c->rows);
}

static void aheadChunkClear(AheadChunk *c) {
  snBufClear(&c->text);
  snBufClear(&c->rows);
  snMemFree(c->record);
  snMemFree(c->end);
  snMemFree(c->odd);
}

/* Records k to n, one by one. */
static int aheadAgain(seine_import *imp, const AheadChunk *c, u32 k, u32 n) {
  for (; !imp->rc && k < n; k++) {
    const ImportRecord *r = &c->record[k];
    snImportRun(imp, (const char *)c->text.data + r->from, r->n, r->line);
  }
  return imp->rc;
}

/* The next rows, up to the record `to`. */
static int aheadRows(seine_import *imp, const AheadChunk *c, u32 *row,
    u32 n) {
  u32 from = *row;
  snImportTableRows(imp, c->rows.data, c->end, row, from + n);
  if (imp->stage == IMPORT_RUNNING) imp->st.lines += *row - from;
  return imp->rc;
}

/* All its records in their order; nothing of them is used when they were not
** read, or by those who knew less. */
static int aheadStore(seine_import *imp, const AheadChunk *c) {
  u32 at = 0, row = 0;
  for (u32 i = 0; !imp->rc && imp->version == c->version; i++) {
    u32 to = i < c->nodd ? c->odd[i] : c->nread;
    if (aheadRows(imp, c, &row, to - at)) break;
    at = to;
    if (i >= c->nodd) break;
    aheadAgain(imp, c, at, at + 1);
    at++;
  }
  return aheadAgain(imp, c, at, c->n);
}

static int aheadTurn(seine_import *imp) {
  ImportAhead *a = imp->ahead;
  AheadChunk *c = &a->chunk[a->first];
  int rc = snIngestAwait(&c->task);
  if (rc == SEINE_INTERRUPT) snDbError(imp->db, rc, "interrupted");
  if (snImportFail(imp, rc)) return rc;
  a->first = (a->first + 1) % a->nchunk;
  a->waiting--;
  aheadStore(imp, c);
  aheadChunkEmpty(c);
  return imp->rc;
}

/* ---- filling ------------------------------------------------------------ */

static int aheadRing(ImportAhead *a, u32 threads) {
  u32 n = threads + AHEAD_MORE + 1;
  a->chunk = snMemZero(a->budget, n * sizeof *a->chunk);
  a->helper = snMemZero(a->budget, threads * sizeof *a->helper);
  if (!a->chunk || !a->helper) return SN_NOMEM;
  for (a->nchunk = 0; a->nchunk < n; a->nchunk++) {
    AheadChunk *c = &a->chunk[a->nchunk];
    c->of = a;
    c->task.run = aheadRun;
    snBufInit(&c->text, a->budget);
    snBufInit(&c->rows, a->budget);
  }
  for (u32 i = 0; i < threads; i++) {
    a->helper[i] = snImportNew(a->budget);
    if (!a->helper[i]) return SN_NOMEM;
    a->nhelper++;
  }
  return SEINE_OK;
}

static void aheadRingFree(ImportAhead *a) {
  for (u32 i = 0; i < a->nchunk; i++) aheadChunkClear(&a->chunk[i]);
  snMemFree(a->chunk);
  a->chunk = NULL;
  a->nchunk = a->first = a->waiting = 0;
  aheadHelpersFree(a);
}

/* As many helpers as threads, who know what the load knows.  Nothing waits. */
static int aheadReady(seine_import *imp, u32 threads) {
  ImportAhead *a = imp->ahead;
  int rc = SEINE_OK;
  if (a->nhelper != threads) {
    aheadRingFree(a);
    rc = aheadRing(a, threads);
  }
  for (u32 i = 0; !rc && i < a->nhelper; i++)
    rc = aheadLearn(a->helper[i], imp);
  a->version = imp->version;
  return rc;
}

/* What the load has threads for: NULL when there are none, or no longer. */
static const Ingest *aheadThreads(const seine_import *imp) {
  const Ingest *in = NULL;
  if (imp->app && snSessionSettings(imp->db->session)->threads > 1)
    in = snAppendIngest(imp->app);
  return in && snIngestWorkers(in) ? in : NULL;
}

static ImportAhead *aheadNew(seine_import *imp) {
  ImportAhead *a = snMemZero(imp->budget, sizeof *a);
  if (a) a->budget = imp->budget;
  return imp->ahead = a;
}

/* A chunk to fill, if there are threads to read it. */
static int aheadOpen(seine_import *imp) {
  ImportAhead *a = imp->ahead;
  const Ingest *in;
  if (a && (a->off || (a->waiting && a->waiting + 1 == a->nchunk &&
      aheadTurn(imp)))) {
    return imp->rc;
  }
  in = aheadThreads(imp);
  if (in && !a) a = aheadNew(imp);
  if (!in || !a) return imp->rc;
  if (a->nhelper != snIngestWorkers(in) || a->version != imp->version) {
    if (a->waiting) return imp->rc; /* not before they had their turn */
    if (aheadReady(imp, snIngestWorkers(in))) {
      aheadRingFree(a);
      a->off = true;
      return imp->rc;
    }
  }
  a->bytes = SN_MIN(snIngestBatch(in), AHEAD_BYTES);
  a->now = &a->chunk[(a->first + a->waiting) % a->nchunk];
  return imp->rc;
}

static bool aheadAdd(ImportAhead *a, const char *p, size_t n, i64 line) {
  AheadChunk *c = a->now;
  size_t from = c->text.n;
  if (snMemGrow(a->budget, &c->record, &c->cap, c->n + 1ull,
          sizeof *c->record)) {
    return false;
  }
  snBufAdd(&c->text, p, n);
  if (c->text.rc) {
    c->text.rc = SEINE_OK;
    return false;
  }
  c->record[c->n++] = (ImportRecord){from, (u32)n, line};
  return true;
}

/* The chunk joins those that wait.  Without threads (they may have ended
** since) it is as one that they dropped. */
static void aheadGive(seine_import *imp) {
  ImportAhead *a = imp->ahead;
  AheadChunk *c = a->now;
  Ingest *in = imp->app ? snAppendIngest(imp->app) : NULL;
  a->now = NULL;
  a->waiting++;
  c->version = a->version;
  c->task.state = INGEST_TASK_DROPPED;
  if (in && snIngestWorkers(in) == a->nhelper) snIngestGive(in, &c->task);
}

int snImportAhead(seine_import *imp, const char *p, size_t n, i64 line) {
  ImportAhead *a = imp->ahead;
  if (imp->scan) return snImportRun(imp, p, n, line);
  if ((!a || !a->now) && aheadOpen(imp)) return imp->rc;
  a = imp->ahead;
  if (!a || !a->now || n > a->bytes || !aheadAdd(a, p, n, line)) {
    if (snImportAheadFinish(imp)) return imp->rc;
    return snImportRun(imp, p, n, line);
  }
  if (a->now->text.n + a->now->n * AHEAD_EACH >= a->bytes) aheadGive(imp);
  return imp->rc;
}

int snImportAheadFinish(seine_import *imp) {
  ImportAhead *a = imp->ahead;
  if (!a) return imp->rc;
  if (a->now && a->now->n) aheadGive(imp);
  a->now = NULL;
  while (a->waiting && !imp->rc) aheadTurn(imp);
  return imp->rc;
}

void snImportAheadFree(seine_import *imp) {
  ImportAhead *a = imp->ahead;
  if (!a) return;
  while (a->waiting) {
    snIngestWithdraw(&a->chunk[a->first].task);
    a->first = (a->first + 1) % a->nchunk;
    a->waiting--;
  }
  aheadRingFree(a);
  snMemFree(a);
  imp->ahead = NULL;
}

#undef AHEAD_BYTES
#undef AHEAD_EACH
#undef AHEAD_MORE
