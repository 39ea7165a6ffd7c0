/*
** delta: rows that ride in the claim of the newest commit (store.h), as the
** rooms above see rows: as a segment.
**
** It is built in memory when a statement first reads the table, and kept until
** others ride.  They are few: a page holds them.
**
** Invariants: (1) an entry shows the rows of a state whose table and whose sum
** are its own; (2) its view has one segment, which has no id and is in no file.
*/
#include "vm/vmInt.h"

int snDeltaFill(Memtable *m, const TableState *t) {
  int rc = snBatchRows(m, t->rows.p, t->rows.n, NULL);
  return rc || snMemtableDocs(m) == t->rows.docs ? rc : SN_CORRUPT;
}

static void deltaEntryClear(DeltaEntry *e) {
  snViewDrop(e->view);
  *e = (DeltaEntry){0};
}

void snDeltaClear(Delta *d) {
  for (u32 i = 0; i < DELTA_TABLES; i++) deltaEntryClear(d->entry + i);
}

/* What is kept of a table, else the entry that was used least lately. */
static DeltaEntry *deltaEntry(Delta *d, const TableState *t) {
  DeltaEntry *best = d->entry;
  for (u32 i = 0; i < DELTA_TABLES; i++) {
    DeltaEntry *e = d->entry + i;
    if (e->view && e->view->table->id == t->table->id) return e;
    if (e->used < best->used) best = e;
  }
  return best;
}

static int deltaBuild(Session *s, const TableState *t, View **out) {
  IndexEnv env = {snCuttingAt, snSessionCut(s)->arg, NULL};
  Store *store = snSessionStore(s);
  SegDraft *draft;
  Memtable *m;
  int rc = snMemtableNew(snSessionBudget(s), t->table, &env, &m);
  if (rc) return rc;
  rc = snLostPass(store, snDeltaFill(m, t), "table %s: of the %u rows that "
      "came last some cannot be read", t->table->name, t->rows.docs);
  if (!rc && snMemtableDocs(m)) {
    rc = snMemtableDraft(m, &draft);
    if (!rc) rc = snFlushView(draft, store, t->table, out);
  }
  snMemtableFree(m);
  return rc;
}

int snDeltaSegment(Delta *d, Session *s, const TableState *t, Segment **out) {
  DeltaEntry *e = deltaEntry(d, t);
  int rc = SEINE_OK;
  *out = NULL;
  if (!e->view || e->view->table != t->table || e->sum != t->rows.sum) {
    deltaEntryClear(e);
    rc = deltaBuild(s, t, &e->view);
    e->sum = t->rows.sum;
  }
  if (rc || !e->view) return rc;
  e->used = ++d->clock;
  *out = e->view->seg[0];
  return SEINE_OK;
}
