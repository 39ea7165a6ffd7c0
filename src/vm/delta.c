/*
** delta: rows that ride in the claim of the newest commit, or were spilled from
** it (TableRows), as the rooms above see rows: as segments, one for each spill
** and one for what is in the claim.
**
** They are built in memory when a statement first reads the table, and kept:
** a spill does not change, so that after a small commit only the last one is
** built anew, of a page of rows.  Their words are made when a statement asks
** for words: that takes ten times as long as the rest.
**
** Invariants: (1) an entry shows the rows with its sum, of its view's table;
** (2) its view has one segment, which has no id and is in no file.
*/
#include "vm/vmInt.h"

/* ---- bytes -------------------------------------------------------------- */

u64 snDeltaSum(const TableState *t, u32 i) {
  const TableRows *rows = &t->rows;
  return i < rows->nspill ? rows->spill[i].ref.sum : rows->sum;
}

u64 snDeltaBytes(const TableState *t, u32 i) {
  const TableRows *rows = &t->rows;
  return i < rows->nspill ? rows->spill[i].ref.len : rows->n;
}

u32 snDeltaParts(const TableState *t) {
  return t->rows.nspill + (t->rows.n != 0);
}

int snDeltaPart(Store *s, const TableState *t, u32 i, DeltaPart *out) {
  const TableRows *rows = &t->rows;
  *out = (DeltaPart){NULL, rows->p, rows->n, snTableRowsInline(rows)};
  if (i == rows->nspill) return SEINE_OK;
  const TableSpill *x = rows->spill + i;
  int rc = snExtentOpen(s, &x->ref, &out->extent);
  out->n = (size_t)x->ref.len;
  out->docs = x->docs;
  return rc ? rc : snExtentGet(out->extent, 0, x->ref.len, &out->p);
}

static int deltaPartFill(Store *s, const TableState *t, u32 i, Memtable *m) {
  u32 before = snMemtableDocs(m);
  DeltaPart part;
  int rc = snDeltaPart(s, t, i, &part);
  if (!rc) rc = snBatchRows(m, part.p, part.n, NULL);
  if (!rc && snMemtableDocs(m) - before != part.docs) rc = SN_CORRUPT;
  snExtentDrop(part.extent);
  return rc;
}

int snDeltaFill(Store *s, const TableState *t, Memtable *m) {
  int rc = SEINE_OK;
  for (u32 i = 0; !rc && i < snDeltaParts(t); i++)
    rc = deltaPartFill(s, t, i, m);
  return rc;
}

/* Makes a segment of parts [from, to), of words or not.  *out NULL: of a
** damaged file nothing can be read of them. */
static int deltaDraft(Session *s, const TableState *t, u32 from, u32 to,
    bool words, SegDraft **out) {
  IndexEnv env = {snCuttingAt, snSessionCut(s)->arg, NULL};
  Store *store = snSessionStore(s);
  Memtable *m;
  *out = NULL;
  int rc = snMemtableNew(snSessionBudget(s), t->table, &env, &m);
  if (rc) return rc;
  snMemtablePairs(m, snSessionPairs(s));
  if (!words) snMemtableWordless(m);
  for (u32 i = from; !rc && i < to; i++) {
    rc = deltaPartFill(store, t, i, m);
    rc = snLostPass(store, rc, "table %s: of the %u rows that came last some "
        "cannot be read", t->table->name, t->rows.docs);
  }
  if (!rc && snMemtableDocs(m)) rc = snMemtableDraft(m, out);
  snMemtableFree(m);
  return rc;
}

int snDeltaDraft(Session *s, const TableState *t, SegDraft **out) {
  return deltaDraft(s, t, 0, t->rows.nspill, true, out);
}

int snDeltaPack(Store *s, const TableState *t, u32 from, Buf *out) {
  int rc = SEINE_OK;
  for (u32 i = from; !rc && i < t->rows.nspill; i++) {
    DeltaPart part;
    rc = snDeltaPart(s, t, i, &part);
    if (!rc) snBufAdd(out, part.p, part.n);
    snExtentDrop(part.extent);
  }
  return rc ? rc : out->rc;
}

u64 snDeltaSpilled(const TableRows *rows, u32 *small) {
  u64 bytes = 0;
  *small = 0;
  for (u32 i = 0; i < rows->nspill; i++) {
    u64 n = rows->spill[i].ref.len;
    bytes += n;
    *small = n < DELTA_SMALL ? *small + 1 : 0;
  }
  return bytes;
}

bool snDeltaHas(const TableState *t, const TableRows *was) {
  if (t->rows.nspill < was->nspill) return false;
  for (u32 i = 0; i < was->nspill; i++)
    if (!snExtentSame(&t->rows.spill[i].ref, &was->spill[i].ref)) return false;
  return true;
}

void snDeltaSwap(TableState *t, u32 from, u32 to, const TableSpill *with) {
  TableRows *rows = &t->rows;
  u32 at = from;
  for (u32 i = from; i < to; i++) rows->docs -= rows->spill[i].docs;
  if (with) {
    rows->docs += with->docs;
    rows->spill[at++] = *with;
  }
  memmove(rows->spill + at, rows->spill + to,
      (rows->nspill - to) * sizeof *rows->spill);
  rows->nspill -= to - at;
}

/* ---- segments ----------------------------------------------------------- */

static void deltaEntryClear(DeltaEntry *e) {
  snViewDrop(e->view);
  *e = (DeltaEntry){0};
}

void snDeltaClear(Delta *d) {
  for (u32 i = 0; i < DELTA_KEPT; i++) deltaEntryClear(d->entry + i);
  for (u32 i = 0; i < DELTA_TABLES; i++) {
    snDeltaKeysFree(d->keys[i]);
    d->keys[i] = NULL;
  }
}

/* What is kept of some rows, else the entry that was used least lately.  Of a
** table that was read anew since it is made anew, in its place. */
static DeltaEntry *deltaEntry(Delta *d, const TableState *t, u64 sum) {
  DeltaEntry *best = d->entry;
  for (u32 i = 0; i < DELTA_KEPT; i++) {
    DeltaEntry *e = d->entry + i;
    const Table *of = e->view ? e->view->table : NULL;
    if (of == t->table && e->sum == sum) return e;
    bool stale = of && of->id == t->table->id && e->sum == sum;
    if (stale || e->used < best->used) best = e;
    if (stale) break;
  }
  deltaEntryClear(best);
  best->sum = sum;
  return best;
}

static int deltaView(Session *s, const TableState *t, u32 i, bool words,
    View **out) {
  SegDraft *d;
  int rc = deltaDraft(s, t, i, i + 1, words, &d);
  if (rc || !d) return rc;
  return snFlushView(d, snSessionStore(s), t->table, out);
}

/* A part of the rows of a state, for who asks for its words. */
typedef struct DeltaWords {
  Session *session;
  TableState *state;
  u32 part;
} DeltaWords;

static int deltaWordsMake(void *arg, View **out) {
  const DeltaWords *w = arg;
  return deltaView(w->session, w->state, w->part, true, out);
}

static void deltaWordsDrop(void *arg) {
  DeltaWords *w = arg;
  snTableStateDrop(w->state);
  snMemFree(w);
}

static int deltaBuild(Session *s, TableState *t, u32 i, View **out) {
  DeltaWords *w = snMemAlloc(snSessionBudget(s), sizeof *w);
  int rc = w ? deltaView(s, t, i, false, out) : SN_NOMEM;
  if (rc || !*out) {
    snMemFree(w);
    return rc;
  }
  *w = (DeltaWords){s, snTableStateKeep(t), i};
  snSegmentLater((*out)->seg[0],
      &(SegmentWords){deltaWordsMake, deltaWordsDrop, w});
  return SEINE_OK;
}

int snDeltaSegments(Delta *d, Session *s, TableState *t, Segment **out,
    u32 *n) {
  *n = 0;
  for (u32 i = 0; i < snDeltaParts(t); i++) {
    DeltaEntry *e = deltaEntry(d, t, snDeltaSum(t, i));
    int rc = e->view ? SEINE_OK : deltaBuild(s, t, i, &e->view);
    if (rc) return rc;
    e->used = ++d->clock;
    if (e->view) out[(*n)++] = e->view->seg[0];
  }
  return SEINE_OK;
}
