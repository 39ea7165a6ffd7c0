/*
** op_update: new numbers for rows, without their texts.
**
** Update collects the rows of a segment.  When the scan leaves it, either its
** columns are written again (index/patch.c), or, when that would take more,
** its rows wait: after the scan Moved gives them, the program reads their
** other columns, and they are deleted and inserted anew as by an UPDATE of any
** column.
**
** Invariants: (1) nothing that is written here is seen before Write: the scan
** reads what the statement found; (2) a row goes one of the two ways.
*/
#include "vm/vmInt.h"

typedef struct UpdatePart {
  u32 seg;
  Patch patch;
} UpdatePart;

struct Update {
  Budget *budget;
  UpdatePart *part;  /* whose rows move; the last one is under way or not */
  u32 npart, part_cap;
  bool open;         /* it is */
  ColumnPatch *done;
  u32 ndone, done_cap;
  u32 at;            /* part that Moved gives, */
  const PatchBlock *block; /* ... its block, or NULL: the first one */
};

void snUpdateFree(Update *u) {
  if (!u) return;
  for (u32 i = 0; i < u->npart; i++) snPatchClear(&u->part[i].patch);
  snMemFree(u->part);
  snMemFree(u->done);
  snMemFree(u);
}

/* The scan has left a segment: which way do its rows go? */
static int updateSettle(Run *r, Update *u) {
  if (!u->open) return SEINE_OK;
  Patch *p = &u->part[u->npart - 1].patch;
  u->open = false;
  if (!snPatchPays(p)) return SEINE_OK;
  int rc = snMemGrow(u->budget, &u->done, &u->done_cap,
      u->ndone + (u64)p->ncol, sizeof *u->done);
  for (u32 c = 0; !rc && c < p->ncol; c++)
    rc = snSessionPatch(r->session, p, c, u->done + u->ndone + c);
  if (rc) return rc;
  u->ndone += p->ncol;
  u->npart--;
  snPatchClear(p);
  return SEINE_OK;
}

/* The patch of the cursor's segment. */
static int updatePatch(Run *r, Cursor *c, const UpdateDef *d, Patch **out) {
  Update *u = c->update;
  if (!u) u = c->update = snMemZero(r->budget, sizeof *u);
  if (!u) return SN_NOMEM;
  u->budget = r->budget;
  int rc = SEINE_OK;
  if (u->open && u->part[u->npart - 1].seg != c->seg)
    rc = updateSettle(r, u);
  if (!rc && !u->open)
    rc = snMemGrow(r->budget, &u->part, &u->part_cap, u->npart + 1ull,
        sizeof *u->part);
  if (rc) return rc;
  if (!u->open) {
    UpdatePart *part = u->part + u->npart++;
    part->seg = c->seg;
    snPatchInit(&part->patch, r->budget, c->view->seg[c->seg], d->table,
        d->col, d->n);
    u->open = true;
  }
  *out = &u->part[u->npart - 1].patch;
  return SEINE_OK;
}

static i64 updateValue(const Vec *v, u32 row) {
  u32 at = snVecAt(v, row);
  i64 bits;
  if (v->type == TYPE_BOOLEAN) return snBit(v->data, at);
  memcpy(&bits, (const u8 *)v->data + at * sizeof bits, sizeof bits);
  return bits;
}

/* Column c of the patch: the values of a register. */
static int updateColumn(Run *r, const UpdateDef *d, u32 c, PatchBlock *b,
    Rows16 rows) {
  const Vec *v = snReg(r, d->reg[c]);
  u32 at = c * b->n;
  for (u32 k = 0; k < rows.n; k++, at++) {
    u32 row = rows.rows ? rows.rows[k] : k;
    if (!snVecNull(v, row)) {
      b->v[at] = updateValue(v, row);
      continue;
    }
    if (d->table->col[d->col[c]].not_null)
      return snInsertNull(r, d->table, d->col[c]);
    snBitSet(b->nulls, at);
  }
  return SEINE_OK;
}

/* a: cursor, which stands on the window. */
int opUpdate(Run *r, const Instr *i) {
  const UpdateDef *d = i->p;
  Cursor *c = r->cur + i->a;
  const Sel *s = r->sel + i->sel;
  Rows16 rows = snRunSel(r, s);
  i64 *count = snSessionCounters(r->session);
  PatchBlock *b;
  Patch *p;
  if (!rows.n) return SEINE_OK;
  int rc = updatePatch(r, c, d, &p);
  if (!rc) rc = snPatchAdd(p, c->window, s->bits, &b);
  for (u32 k = 0; !rc && k < d->n; k++) rc = updateColumn(r, d, k, b, rows);
  if (rc) return rc;
  count[0] += rows.n;
  count[1] += rows.n;
  return SEINE_OK;
}

/* ---- rows that move ----------------------------------------------------- */

static const PatchBlock *updateNext(Update *u) {
  while (u->at < u->npart) {
    u->block = u->block ? u->block->next : u->part[u->at].patch.first;
    if (u->block) return u->block;
    u->at++;
  }
  return NULL;
}

/* Rows of a block, from row `to` of the batch on. */
static int updateMove(Run *r, const Instr *i, const PatchBlock *b, u32 to) {
  const UpdateDef *d = i->p;
  Cursor *c = r->cur + i->a;
  u32 seg = c->update->part[c->update->at].seg, k = 0;
  for (u32 word = 0; word < SN_WORDS; word++)
    for (u64 bits = b->rows[word]; bits; bits &= bits - 1, k++) {
      u32 doc = b->window * SN_WINDOW + word * 64 +
          (u32)__builtin_ctzll(bits);
      int rc = snWriteMark(r, c, seg, doc);
      if (rc) return rc;
      ((i64 *)snReg(r, i->dst)->data)[to + k] = snRefPut(seg, doc);
    }
  for (u32 x = 0; x < d->n; x++) {
    Vec *v = snReg(r, d->again[x]);
    for (k = 0; k < b->n; k++) {
      u32 at = x * b->n + k;
      if (snBit(b->nulls, at)) snBitSet(v->nulls, to + k);
      else if (v->type != TYPE_BOOLEAN) ((i64 *)v->data)[to + k] = b->v[at];
      else if (b->v[at]) snBitSet(v->data, to + k);
    }
  }
  return SEINE_OK;
}

/* dst: references of the batch; p: where its new values go. */
int opMoved(Run *r, const Instr *i) {
  const UpdateDef *d = i->p;
  Update *u = r->cur[i->a].update;
  const PatchBlock *b = NULL;
  u32 n = 0;
  int rc = snRunCheck(r);
  snRunNewBatch(r);
  if (!rc && u) rc = updateSettle(r, u);
  if (!rc) rc = snRegFlat(r, i->dst);
  for (u32 x = 0; !rc && x < d->n; x++) {
    rc = snRegFlat(r, d->again[x]);
    Vec *v = snReg(r, d->again[x]);
    if (!rc && !(v->nulls = snRegNulls(r, d->again[x]))) rc = SN_NOMEM;
    if (!rc && v->type == TYPE_BOOLEAN) memset(v->data, 0, SN_WORDS * 8);
  }
  if (rc) return rc;
  if (u) b = updateNext(u);
  if (!b) r->pc = (u32)i->jump;
  while (!rc && b) {
    rc = updateMove(r, i, b, n);
    n += b->n;
    b = b->next && n + b->next->n <= r->batch_rows ? updateNext(u)
                                                   : NULL;
  }
  snSelAll(r->sel + i->sel, n);
  return rc;
}

int snUpdateEnd(Run *r, Cursor *c) {
  const Update *u = c->update;
  if (!u || !u->ndone) return SEINE_OK;
  return snSessionPatched(r->session, c->view, u->done, u->ndone);
}
