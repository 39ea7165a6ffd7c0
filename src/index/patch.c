/*
** patch: columns of numbers of a segment, written again.
**
** A segment never changes.  When documents of it get new numbers, the whole
** column is written beside it: so texts, lists and other columns stay where
** they are, and a reader meets nothing that it did not know.  indexInt.h has
** the bytes.
**
** Invariants:
** (1) A patch has the windows of the segment, all of them: those without a
**     new value are copied as they are packed.
** (2) Blocks come in order of windows; of two for one window the later one
**     has the last word.
** (3) A document that was deleted keeps its place and any value.
*/
#include "index/indexInt.h"

void snPatchInit(Patch *p, Budget *b, Segment *g, const Table *t,
    const u32 *col, u32 ncol) {
  *p = (Patch){.budget = b, .seg = g, .table = t, .col = col, .ncol = ncol};
}

int snPatchAdd(Patch *p, u32 window, const u64 *rows, PatchBlock **out) {
  u32 n = snBitsCount(rows, SN_WORDS);
  u64 values = (u64)p->ncol * n, words = values / 64 + 1;
  PatchBlock *b;
  *out = NULL;
  assert(!p->last || p->last->window <= window);
  if (values > INT32_MAX) return SEINE_TOOBIG;
  b = snMemZero(p->budget, sizeof *b + (values + words) * sizeof(u64));
  if (!b) return SN_NOMEM;
  b->window = window;
  b->n = n;
  memcpy(b->rows, rows, sizeof b->rows);
  b->nulls = (u64 *)(b + 1);
  b->v = (i64 *)(b->nulls + words);
  if (p->last) p->last->next = b;
  else p->first = b;
  p->last = b;
  p->docs += n;
  *out = b;
  return SEINE_OK;
}

void snPatchClear(Patch *p) {
  while (p->first) {
    PatchBlock *next = p->first->next;
    snMemFree(p->first);
    p->first = next;
  }
  p->last = NULL;
}

static SecKind patchKind(const Column *col) {
  return snTypeForm(col->type) == FORM_REAL ? SEC_REALS : SEC_INTS;
}

/* Pages are compared, since they are what a commit writes.  A row that is
** inserted anew is written again when its segment is merged: it counts twice.
** So a commit stays as small as what it changes, or half. */
bool snPatchPays(const Patch *p) {
  u64 all = snExtentLen(p->seg->extent), patch = 0;
  u64 rows = all / p->seg->docs * p->docs;
  for (u32 c = 0; c < p->ncol; c++) {
    const Column *col = p->table->col + p->col[c];
    const Section *s = snSegmentFind(p->seg, patchKind(col), col->id);
    patch += snExtentPages((s ? s->len : 0) + sizeof(i64) * p->docs);
  }
  return patch <= 2 * (snExtentPages(rows) + 1); /* 1: the deletions */
}

/* ---- writing ------------------------------------------------------------ */

typedef struct PatchWrite {
  const Patch *p;
  u32 c;             /* of the patched columns */
  const PatchBlock *at; /* the first that is not yet written */
  ColReader *old;
  ColWriter col;
  SecKind kind;
  i64 *v;            /* window under way */
  u64 nulls[SN_WORDS];
} PatchWrite;

static void patchOver(PatchWrite *w, const PatchBlock *b) {
  u32 k = w->c * b->n;
  for (u32 word = 0; word < SN_WORDS; word++)
    for (u64 bits = b->rows[word]; bits; bits &= bits - 1, k++) {
      u32 at = word * 64 + (u32)__builtin_ctzll(bits);
      w->v[at] = b->v[k];
      if (snBit(b->nulls, k)) snBitSet(w->nulls, at);
      else snBitClear(w->nulls, at);
    }
}

static int patchWindow(PatchWrite *w, u32 window, u32 n) {
  bool none = snColKind(w->old) == COL_NONE, any;
  int rc = SEINE_OK;
  if (!none && !(w->at && w->at->window == window)) {
    const u8 *entry, *data;
    u64 len;
    rc = snColPacked(w->old, window, &entry, &data, &len);
    if (!rc) snColWritePacked(&w->col, entry, data, len, n);
    return rc;
  }
  if (none) snBitsFirst(w->nulls, SN_WORDS, n);
  else rc = snColWindow(w->old, window, w->v, w->nulls, &any);
  for (; w->at && w->at->window == window; w->at = w->at->next)
    patchOver(w, w->at);
  if (rc) return rc;
  if (w->kind == SEC_REALS)
    snColWriteReals(&w->col, (const double *)(const void *)w->v, w->nulls, n);
  else
    snColWriteInts(&w->col, w->v, w->nulls, n);
  return SEINE_OK;
}

static int patchColumn(PatchWrite *w, const Column *col) {
  Segment *g = w->p->seg;
  int rc = snColOpen(g, col->id, col->type, &w->old);
  /* One of numbers: the reader has seen to it that its section is, too. */
  assert(rc || snColKind(w->old) == COL_NONE || snColKind(w->old) ==
      (w->kind == SEC_REALS ? COL_REAL : COL_INT));
  w->v = snMemZero(w->p->budget, SN_WINDOW * sizeof *w->v);
  if (!rc && !w->v) rc = SN_NOMEM;
  for (u32 at = 0; !rc && at < g->docs; at += SN_WINDOW)
    rc = patchWindow(w, at / SN_WINDOW, SN_MIN(SN_WINDOW, g->docs - at));
  return rc;
}

#define PATCH_END 64u /* bytes behind the section, at most */

/* In memory until its length is known, so that it may lie in free pages. */
int snPatchWrite(const Patch *p, Store *s, u32 c, ColumnPatch *out) {
  const Column *col = p->table->col + p->col[c];
  PatchWrite w = {.p = p, .c = c, .at = p->first, .kind = patchKind(col)};
  SegWriter seg;
  snColWriteInit(&w.col, p->budget, col->type, w.kind == SEC_REALS);
  int rc = patchColumn(&w, col);
  snMemFree(w.v);
  snSegWriteInit(&seg, s, p->budget, p->seg->id);
  snSegWriteBegin(&seg);
  if (!rc) snColWriteEnd(&w.col, &seg.buf);
  snColWriteFree(&w.col);
  seg.estimate = seg.buf.n + PATCH_END;
  snSegWriteEnd(&seg, w.kind, col->id);
  *out = (ColumnPatch){.segment = p->seg->id, .column = col->id};
  if (!rc) return snSegWriteFinish(&seg, p->seg->docs, &out->ref);
  snSegWriteAbort(&seg);
  return rc;
}

#undef PATCH_END
