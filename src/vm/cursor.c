/*
** cursor: tables as sources of windows: claiming them, loading columns and
** scores, fetching single rows by reference, and the ranked top.
*/
#include "vm/vmInt.h"

/* ---- life --------------------------------------------------------------- */

static int cursorRoom(Run *r, Cursor *c) {
  u32 n = c->def->nmatch;
  c->docs = snArenaAlloc(&r->keep, SN_WINDOW * sizeof(u32));
  c->match = snArenaZero(&r->keep, (n + 1) * sizeof *c->match);
  if (!c->docs || !c->match) return SN_NOMEM;
  for (u32 i = 0; i < n; i++) c->match[i].seg = UINT32_MAX;
  return SEINE_OK;
}

int snCursorOpen(Run *r, Cursor *c, const CursorDef *d) {
  c->def = d;
  int rc = snSessionView(r->session, d->name, &c->view);
  if (rc == SEINE_SCHEMA)
    return snRunFail(r, rc, "table %s is gone", d->name);
  return rc ? rc : cursorRoom(r, c);
}

/* The queries are shared: they were bound, and are only read. */
int snCursorTwin(Run *r, Cursor *of, Run *t, Cursor *c,
    SegmentCache *cache) {
  c->def = of->def;
  int rc = snViewTwin(cache, of->view, &c->view);
  if (!rc) rc = cursorRoom(t, c);
  for (u32 i = 0; !rc && i < c->def->nmatch; i++)
    rc = snAskQuery(r, of, i, &c->match[i].query);
  return rc;
}

void snCursorClose(Run *r, Cursor *c) {
  if (!r->twin) snForkFree(c->fork);
  c->fork = NULL;
  for (u32 i = 0; c->match && i < c->def->nmatch; i++) {
    snMatcherClose(c->match[i].m);
    snMatcherClose(c->match[i].why);
    c->match[i].m = c->match[i].why = NULL;
  }
  for (u32 s = 0; c->deleted && s < c->view->n; s++) {
    u32 n = snSegmentWindows(c->view->seg[s]);
    for (u32 w = 0; c->deleted[s] && w < n; w++)
      snMemFree(c->deleted[s][w]);
    snMemFree(c->deleted[s]);
  }
  snMemFree(c->deleted);
  c->deleted = NULL;
  snUpdateFree(c->update);
  c->update = NULL;
  snVisitFree(c->visit);
  c->visit = NULL;
  snViewDrop(c->view);
  c->view = NULL;
}

void snCursorRewind(Cursor *c) {
  for (u32 i = 0; c->match && i < c->def->nmatch; i++) {
    MatchState *m = c->match + i;
    snMatcherClose(m->m);
    m->m = NULL;
    m->at_end = false;
    m->seg = UINT32_MAX;
    m->best = 0;
  }
  snVisitFree(c->visit);
  c->visit = NULL;
  c->seg = c->window = c->waiting = 0;
  c->started = false;
}

/* ---- queries ------------------------------------------------------------ */

static MatchHost cursorHost(Run *r) {
  return (MatchHost){r->twin ? NULL : snSessionMatchRoom(r->session),
      snRunCancelled, r};
}

int snCursorMatch(Run *r, Cursor *c, u32 slot, MatchState **out) {
  MatchState *m = c->match + slot;
  MatchHost host = cursorHost(r);
  Query *q = NULL;
  int rc = snAskQuery(r, c, slot, &q);
  if (!rc && !m->m)
    rc = snMatcherOpen(r->budget, c->view, q,
        c->def->match[slot].similarity, &host, &m->m);
  *out = m;
  return rc;
}

int snCursorMatcher(Run *r, Cursor *c, u32 slot, MatchState **out) {
  int rc = snCursorMatch(r, c, slot, out);
  MatchState *m = *out;
  if (rc || m->seg == c->seg) return rc;
  m->seg = c->seg;
  return snMatcherSegment(m->m, c->seg);
}

/* ---- windows ------------------------------------------------------------ */

/* The first window >= w where every driving match may have a hit. */
static int cursorSeek(Run *r, Cursor *c, u32 w, u32 *out) {
  u32 windows = snSegmentWindows(c->view->seg[c->seg]);
  *out = w;
  for (u32 i = 0; i < c->def->nmatch && *out < windows; i++) {
    MatchState *m;
    u32 at;
    if (!c->def->match[i].drives) continue;
    int rc = snCursorMatcher(r, c, i, &m);
    if (!rc) rc = snMatcherSeek(m->m, *out, &at);
    if (rc) return rc;
    if (at > *out) {
      *out = at;
      i = UINT32_MAX; /* the others must reach it too */
    }
  }
  if (*out >= windows) *out = DOC_END;
  return SEINE_OK;
}

/* The next rows of those that wait.  Matchers go on from where they are: to
** stand on the window again they begin anew. */
static void cursorPart(Run *r, Cursor *c, Sel *s, bool again) {
  u32 n = SN_MIN(c->waiting, r->batch_rows);
  snSelAll(s, c->rows);
  memset(s->bits, 0, sizeof s->bits);
  for (u32 w = 0, k = 0; k < n; w++)
    for (; c->wait[w] && k < n; k++) {
      s->bits[w] |= c->wait[w] & (0 - c->wait[w]);
      c->wait[w] &= c->wait[w] - 1;
    }
  c->waiting -= n;
  for (u32 k = 0; again && k < c->def->nmatch; k++)
    c->match[k].seg = UINT32_MAX;
}

/* The window goes out in parts. */
static int cursorHold(Run *r, Cursor *c, Sel *s) {
  if (!c->wait) c->wait = snArenaAlloc(&r->keep, sizeof s->bits);
  if (!c->wait) return SN_NOMEM;
  memcpy(c->wait, s->bits, sizeof s->bits);
  c->waiting = snBitsCount(s->bits, SN_WORDS);
  cursorPart(r, c, s, false);
  return SEINE_OK;
}

static int cursorWindow(Run *r, Cursor *c, Sel *s) {
  u32 docs = snSegmentDocs(c->view->seg[c->seg]);
  c->base = c->window * SN_WINDOW;
  c->rows = SN_MIN(SN_WINDOW, docs - c->base);
  snSelAll(s, c->rows);
  snLiveMask(c->view->live[c->seg], c->window, s->bits);
  r->stats.windows++;
  for (u32 i = 0; i < c->def->nmatch; i++) {
    MatchState *m;
    u64 hits[SN_WORDS] = {0};
    if (!c->def->match[i].drives) continue;
    int rc = snCursorMatcher(r, c, i, &m);
    if (!rc) rc = snMatcherFill(m->m, c->window, hits);
    if (rc) return rc;
    for (u32 w = 0; w < SN_WORDS; w++) s->bits[w] &= hits[w];
  }
  return r->batch_rows < SN_WINDOW ? cursorHold(r, c, s) : SEINE_OK;
}

/* The next window of an order that has hits. */
static int cursorVisit(Run *r, const Instr *i) {
  Cursor *c = r->cur + i->a;
  for (;;) {
    bool any;
    u32 w;
    int rc = snVisitNext(r, c, i->p, &any);
    if (!rc && any) rc = cursorSeek(r, c, c->window, &w);
    if (!rc && any && w != c->window) {
      r->stats.skipped++;
      continue;
    }
    if (!rc && !any) r->pc = (u32)i->jump;
    return rc || !any ? rc : cursorWindow(r, c, r->sel + i->sel);
  }
}

/* The next windows to read: those of a segment, or a piece of them. */
static int cursorPiece(Run *r, Cursor *c, bool *any) {
  bool first = !c->started;
  c->started = true;
  if (c->fork) return snForkClaim(r, c, any);
  c->seg += !first;
  c->from = 0;
  *any = c->seg < c->view->n;
  if (*any) c->end = snSegmentWindows(c->view->seg[c->seg]);
  return SEINE_OK;
}

/* p: VisitDef, or NULL. */
int opNext(Run *r, const Instr *i) {
  Cursor *c = r->cur + i->a;
  int rc = snRunCheck(r);
  if (!rc && c->fork && snForkStopped(c->fork)) rc = SEINE_INTERRUPT;
  if (rc) return rc;
  snRunNewBatch(r);
  if (c->waiting) {
    cursorPart(r, c, r->sel + i->sel, true);
    return SEINE_OK;
  }
  if (i->p) return cursorVisit(r, i);
  bool any = true;
  u32 w = c->started ? c->window + 1 : 0, at;
  if (!c->started) {
    rc = snForkBegin(r, c, i);
    if (!rc) rc = cursorPiece(r, c, &any);
    w = c->from;
  }
  for (; !rc && any; w = c->from) {
    rc = cursorSeek(r, c, w, &at);
    if (rc) break;
    r->stats.skipped += SN_MIN(at, c->end) - w;
    c->window = at;
    if (at < c->end) return cursorWindow(r, c, r->sel + i->sel);
    rc = cursorPiece(r, c, &any);
  }
  r->pc = (u32)i->jump;
  if (!rc && r->twin) return SEINE_DONE;
  return !rc && c->fork ? snForkEnd(r, c) : rc;
}

/* ---- columns ------------------------------------------------------------ */

int snCursorReader(Cursor *c, u32 seg, i64 column, ColReader **out) {
  const Table *t = c->def->table;
  if (column == (i64)ROWID_COLUMN)
    return snColOpen(c->view->seg[seg], 0, TYPE_INTEGER, out);
  return snColOpen(c->view->seg[seg], t->col[column].id,
      t->col[column].type, out);
}

static int cursorAllNull(Run *r, u16 dst, u32 n) {
  int rc = snRegFlat(r, dst);
  if (rc) return rc;
  u64 *nulls = snRegNulls(r, dst);
  if (!nulls) return SN_NOMEM;
  snBitsFirst(nulls, SN_WORDS, n);
  if (snTypeForm(snReg(r, dst)->type) == FORM_STR)
    memset(snReg(r, dst)->data, 0, n * sizeof(Str));
  return SEINE_OK;
}

/* Loaded integers of a BOOLEAN become bits. */
static void cursorBools(Vec *v, u32 n) {
  i64 *in = v->data;
  u64 bits[SN_WORDS] = {0};
  for (u32 i = 0; i < n; i++) bits[i >> 6] |= (u64)(in[i] & 1) << (i & 63);
  memcpy(v->data, bits, sizeof bits);
}

/* Values of the documents in c->docs[0..n) of a segment. */
static int cursorGather(Run *r, Cursor *c, u32 seg, ColReader *k,
    i64 column, u32 n, void *out, u64 *nulls) {
  Segment *g = c->view->seg[seg];
  const Table *t = c->def->table;
  if (snColKind(k) == COL_ROW)
    return snRowGather(g, t->col[column].id, c->docs, n, &r->batch,
        (DictText *)out, nulls);
  if (snColIsArray(k))
    return snColArrays(k, c->docs, n, &r->batch, (DictText *)out, nulls);
  if (snColKind(k) != COL_CODE)
    return snColGather(k, c->docs, n, out, nulls);
  u32 *codes = snArenaAlloc(&r->batch, (n + 1ull) * sizeof *codes);
  if (!codes) return SN_NOMEM;
  int rc = snColGather(k, c->docs, n, codes, nulls);
  for (u32 i = 0; i < n; i++)
    if (snBit(nulls, i)) codes[i] = 0;
  if (!rc && !snDictCount(snColDict(k))) return SEINE_OK;
  return rc ? rc
            : snDictTexts(snColDict(k), codes, n, &r->batch,
                  (DictText *)out);
}

/* A string column that is no dictionary: only the selected rows. */
static int cursorStrings(Run *r, Cursor *c, ColReader *k, const Instr *i) {
  const Sel *s = r->sel + i->sel;
  Rows16 rows = snRunSel(r, s);
  int rc = snRegFlat(r, i->dst);
  u64 *nulls = rc ? NULL : snRegNulls(r, i->dst), got[SN_WORDS] = {0};
  if (!nulls) return SN_NOMEM;
  for (u32 j = 0; j < rows.n; j++)
    c->docs[j] = c->base + (rows.rows ? rows.rows[j] : j);
  DictText *t = snArenaZero(&r->batch, (rows.n + 1ull) * sizeof *t);
  if (!t) return SN_NOMEM;
  rc = cursorGather(r, c, c->seg, k, i->k, rows.n, t, got);
  if (rc) return rc;
  Str *out = snReg(r, i->dst)->data;
  if (rows.rows) memset(out, 0, s->n * sizeof *out);
  for (u32 j = 0; j < rows.n; j++) {
    u32 at = rows.rows ? rows.rows[j] : j;
    out[at] = (Str){t[j].p, t[j].n, 0};
    if (snBit(got, j)) snBitSet(nulls, at);
  }
  return SEINE_OK;
}

typedef struct CursorPick { KeyIdx *ref; u32 n; } CursorPick;

static void cursorStore(Vec *v, u32 at, const void *from, u32 j) {
  switch (snTypeForm(v->type)) {
  case FORM_STR: {
    const DictText *t = (const DictText *)from + j;
    ((Str *)v->data)[at] = (Str){t->p, t->n, 0};
    break;
  }
  case FORM_REAL: ((double *)v->data)[at] = ((const double *)from)[j]; break;
  default: {
    i64 x = ((const i64 *)from)[j];
    if (v->type != TYPE_BOOLEAN) ((i64 *)v->data)[at] = x;
    else if (x & 1) snBitSet(v->data, at);
    else snBitClear(v->data, at);
  }
  }
}

/* One segment's part of a fetch. */
static int cursorFetchPart(Run *r, Cursor *c, const Instr *i,
    const CursorPick *p) {
  u32 seg = (u32)(p->ref[0].key >> 32);
  Vec *v = snReg(r, i->dst);
  u64 *nulls = v->nulls;
  ColReader *k;
  if (seg >= c->view->n) return SN_CORRUPT;
  int rc = snCursorReader(c, seg, i->k, &k);
  if (rc) return rc;
  for (u32 j = 0; j < p->n; j++) c->docs[j] = (u32)p->ref[j].key;
  if (snColKind(k) == COL_NONE) {
    for (u32 j = 0; j < p->n; j++) snBitSet(nulls, p->ref[j].idx);
    return SEINE_OK;
  }
  u64 got[SN_WORDS] = {0};
  void *out = snArenaZero(&r->batch, p->n * sizeof(DictText));
  if (!out) return SN_NOMEM;
  rc = cursorGather(r, c, seg, k, i->k, p->n, out, got);
  for (u32 j = 0; !rc && j < p->n; j++) {
    cursorStore(v, p->ref[j].idx, out, j);
    if (snBit(got, j)) snBitSet(nulls, p->ref[j].idx);
  }
  return rc;
}

/* A window of a damaged file: what cannot be read as a whole is read in ever
** smaller pieces, and a single value that cannot be is NULL. */
static int cursorSaved(Run *r, Cursor *c, const Instr *i) {
  Rows16 rows = snRunSel(r, r->sel + i->sel);
  KeyIdx *a = snArenaAlloc(&r->batch, (rows.n + 1ull) * sizeof *a);
  u32 lost = 0, size = rows.n, n;
  int rc = cursorAllNull(r, i->dst, 0);
  if (rc || !a) return rc ? rc : SN_NOMEM;
  for (u32 j = 0; j < rows.n; j++) {
    u32 at = rows.rows ? rows.rows[j] : j;
    a[j] = (KeyIdx){(u64)snRefPut(c->seg, c->base + at), at};
  }
  if (snTypeForm(snReg(r, i->dst)->type) == FORM_STR)
    memset(snReg(r, i->dst)->data, 0, SN_WINDOW * sizeof(Str));
  for (u32 j = 0; j < rows.n; j += n) {
    n = SN_MIN(size, rows.n - j);
    CursorPick p = {a + j, n};
    rc = cursorFetchPart(r, c, i, &p);
    if (rc && rc != SEINE_CORRUPT) return rc;
    if (!rc) {
      size = SN_MIN(size * 4, SN_WINDOW);
    } else if (n > 1) {
      size = (n + 15) / 16;
      n = 0;
    } else {
      snBitSet(snReg(r, i->dst)->nulls, a[j].idx);
      lost++;
    }
  }
  if (lost)
    snLostSay(snSessionStore(r->session), "table %s, segment %llu, rows %u to "
        "%u: column %s cannot be read of %u, and is NULL there",
        c->def->table->name,
        (unsigned long long)snSegmentId(c->view->seg[c->seg]), c->base,
        c->base + c->rows - 1, i->k == (i64)ROWID_COLUMN ? "rowid"
            : c->def->table->col[i->k].name, lost);
  return SEINE_OK;
}

int opColumn(Run *r, const Instr *i) {
  Cursor *c = r->cur + i->a;
  ColReader *k;
  if (snLostAllowed(snSessionStore(r->session)))
    return cursorSaved(r, c, i);
  int rc = snCursorReader(c, c->seg, i->k, &k);
  if (rc) return rc;
  ColKind kind = snColKind(k);
  if (kind == COL_NONE) return cursorAllNull(r, i->dst, c->rows);
  if (kind == COL_ROW || snColIsArray(k)) return cursorStrings(r, c, k, i);
  Vec *v = snReg(r, i->dst);
  u64 *nulls = snRegNulls(r, i->dst);
  bool any = false;
  if (!nulls) return SN_NOMEM;
  if (kind == COL_CODE) {
    v->form = VEC_CODE;
    v->data = snRegCodes(r, i->dst);
    if (!v->data) return SN_NOMEM;
    v->dict = snColDict(k);
    v->dict_key = snDictId(v->dict);
  } else {
    rc = snRegFlat(r, i->dst);
    if (rc) return rc;
  }
  rc = snColSome(k, c->window, r->sel[i->sel].bits, v->data, nulls, &any);
  v->nulls = any ? nulls : NULL;
  if (!rc && v->type == TYPE_BOOLEAN) cursorBools(v, c->rows);
  return rc;
}

int opRowRef(Run *r, const Instr *i) {
  const Cursor *c = r->cur + i->a;
  int rc = snRegFlat(r, i->dst);
  if (rc) return rc;
  i64 *out = snReg(r, i->dst)->data;
  for (u32 k = 0; k < c->rows; k++) out[k] = snRefPut(c->seg, c->base + k);
  return SEINE_OK;
}

/* ---- single rows -------------------------------------------------------- */

/* The references of b in order of segment and document; where there is none,
** dst is NULL. */
static int cursorRefs(Run *r, const Instr *i, KeyIdx **out, u32 *count) {
  const Sel *s = r->sel + i->sel;
  const Vec *refs = snReg(r, i->b);
  Rows16 rows = snRunSel(r, s);
  KeyIdx *a = *out = snArenaAlloc(&r->batch, (rows.n + 1ull) * sizeof *a);
  KeyIdx *tmp = snArenaAlloc(&r->batch, (rows.n + 1ull) * sizeof *tmp);
  if (!a || !tmp) return SN_NOMEM;
  int rc = snRegFlat(r, i->dst);
  u64 *nulls = rc ? NULL : snRegNulls(r, i->dst);
  if (!nulls) return SN_NOMEM;
  if (snTypeForm(snReg(r, i->dst)->type) == FORM_STR)
    memset(snReg(r, i->dst)->data, 0, s->n * sizeof(Str));
  u32 n = 0;
  for (u32 j = 0; j < rows.n; j++) {
    u32 at = rows.rows ? rows.rows[j] : j;
    if (snVecNull(refs, at)) snBitSet(nulls, at);
    else a[n++] = (KeyIdx){(u64)((const i64 *)refs->data)[at], at};
  }
  snSortKeys(a, n, tmp);
  *count = n;
  return SEINE_OK;
}

/* Rows are visited in order, so that each window is decoded once, and put
** back where they belong. */
int opFetch(Run *r, const Instr *i) {
  KeyIdx *a;
  u32 n;
  int rc = cursorRefs(r, i, &a, &n);
  for (u32 from = 0, to; !rc && from < n; from = to) {
    for (to = from + 1; to < n; to++)
      if (a[to].key >> 32 != a[from].key >> 32) break;
    CursorPick p = {a + from, to - from};
    rc = cursorFetchPart(r, r->cur + i->a, i, &p);
  }
  return rc;
}

/* ---- matches ------------------------------------------------------------ */

int opScore(Run *r, const Instr *i) {
  Cursor *c = r->cur + i->a;
  MatchState *m;
  int rc = snCursorMatcher(r, c, i->b, &m);
  if (!rc) rc = snRegFlat(r, i->dst);
  if (rc) return rc;
  double *out = snReg(r, i->dst)->data;
  if (m->best == snRefPut(c->seg, c->base) + 1) {
    memcpy(out, m->score, c->rows * sizeof *out);
    return SEINE_OK;
  }
  memset(out, 0, c->rows * sizeof *out);
  return snMatcherScores(m->m, c->window, r->sel[i->sel].bits, out);
}

int opMatchBits(Run *r, const Instr *i) {
  Cursor *c = r->cur + i->a;
  MatchState *m;
  int rc = snCursorMatcher(r, c, i->b, &m);
  if (!rc) rc = snRegFlat(r, i->dst);
  if (rc) return rc;
  memset(snReg(r, i->dst)->data, 0, SN_WORDS * 8);
  return snMatcherFill(m->m, c->window, snReg(r, i->dst)->data);
}

int opMatchCount(Run *r, const Instr *i) {
  MatchState *m;
  u64 n;
  int rc = snCursorMatch(r, r->cur + i->a, i->b, &m);
  if (!rc) rc = snRegFlat(r, i->dst);
  if (!rc) rc = snMatcherCount(m->m, &n);
  if (rc) return rc;
  ((i64 *)snReg(r, i->dst)->data)[0] = (i64)n;
  m->seg = UINT32_MAX;
  return SEINE_OK;
}

/* All that the rows here were searched by: an or of the driving queries. */
static int cursorMarks(Run *r, Cursor *c, const Query **out) {
  Query *all = c->marks ? NULL : snQueryNew(&r->keep, QUERY_BOOL);
  if (!c->marks && !all) return SN_NOMEM;
  for (u32 k = 0; all && k < c->def->nmatch; k++) {
    const MatchSlot *d = c->def->match + k;
    MatchState *m;
    Query *copy;
    if (!d->drives || d->ask->form == ASK_EXACT) continue;
    int rc = snCursorMatch(r, c, k, &m);
    if (rc) return rc;
    copy = snArenaAlloc(&r->keep, sizeof *copy);
    if (!copy) return SN_NOMEM;
    *copy = *snMatcherQuery(m->m);
    snQueryAdd(all, copy, OCCUR_SHOULD);
  }
  if (all) c->marks = all;
  *out = c->marks;
  return SEINE_OK;
}

static int cursorText(Run *r, const Buf *b, Str *out) {
  u8 *p = b->rc ? NULL : snArenaBytes(&r->batch, b->n + 1);
  if (!p) return b->rc ? b->rc : SN_NOMEM;
  if (b->n) memcpy(p, b->data, b->n);
  *out = (Str){p, (u32)b->n, 0};
  return SEINE_OK;
}

int opMark(Run *r, const Instr *i) {
  const Marker *def = i->p;
  const Vec *v = snReg(r, i->a);
  Marker m = *def;
  int rc = snRegDecode(r, i->a, r->sel + i->sel);
  if (!rc) rc = cursorMarks(r, r->cur + i->b, &m.query);
  if (!rc) rc = snRegFlat(r, i->dst);
  if (!rc) rc = snRegNullsOf(r, i->dst, i->a, NO_REG);
  Rows16 rows = snRunSel(r, r->sel + i->sel);
  Str *out = snReg(r, i->dst)->data;
  for (u32 k = 0; !rc && k < rows.n; k++) {
    u32 at = rows.rows ? rows.rows[k] : k;
    if (snVecNull(v, at)) continue;
    const Str *t = (const Str *)v->data + snVecAt(v, at);
    r->scratch.n = 0;
    rc = snMarkText(&m, snSessionCutStored(r->session), r->budget, t->p, t->n,
        &r->scratch);
    if (!rc) rc = cursorText(r, &r->scratch, out + at);
  }
  return rc;
}

/* The rows in order of segment and document, as the matcher goes. */
int opWhy(Run *r, const Instr *i) {
  Cursor *c = r->cur + i->a;
  MatchState *m = c->match + i->k;
  MatchHost host = cursorHost(r);
  KeyIdx *a;
  u32 n, seg = UINT32_MAX;
  Query *q;
  int rc = cursorRefs(r, i, &a, &n);
  if (!rc) rc = snAskQuery(r, c, (u32)i->k, &q);
  if (!rc && !m->why)
    rc = snMatcherOpen(r->budget, c->view, q,
        c->def->match[i->k].similarity, &host, &m->why);
  for (u32 j = 0; !rc && j < n; j++) {
    bool enter = seg != a[j].key >> 32;
    seg = (u32)(a[j].key >> 32);
    r->scratch.n = 0;
    if (enter) rc = snMatcherSegment(m->why, seg);
    if (!rc) rc = snMatcherWhy(m->why, (u32)a[j].key, i->flag, &r->scratch);
    if (!rc)
      rc = cursorText(r, &r->scratch,
          (Str *)snReg(r, i->dst)->data + a[j].idx);
  }
  return rc;
}

/* ---- conditions on packed values ---------------------------------------- */

/* The values that pass a condition, both ends among them. */
typedef struct CursorRange { i64 lo, hi; double rlo, rhi; } CursorRange;

/* What is above or below a double is from its neighbour on; false: nothing. */
static bool cursorRangeReal(Run *r, const WhereDef *d, CursorRange *g) {
  const double inf = (double)INFINITY;
  g->rlo = -inf;
  g->rhi = inf;
  if (d->lo != NO_REG) g->rlo = ((const double *)snReg(r, d->lo)->data)[0];
  if (d->hi != NO_REG) g->rhi = ((const double *)snReg(r, d->hi)->data)[0];
  if (d->lo_open && g->rlo == inf) return false;
  if (d->hi_open && g->rhi == -inf) return false;
  if (d->lo_open) g->rlo = nextafter(g->rlo, inf);
  if (d->hi_open) g->rhi = nextafter(g->rhi, -inf);
  return g->rlo <= g->rhi; /* not when one is a NaN */
}

/* false when no value can pass. */
static bool cursorRange(Run *r, const WhereDef *d, CursorRange *g) {
  *g = (CursorRange){.lo = INT64_MIN, .hi = INT64_MAX};
  if (d->lo != NO_REG && snVecNull(snReg(r, d->lo), 0)) return false;
  if (d->hi != NO_REG && snVecNull(snReg(r, d->hi), 0)) return false;
  if (d->real) return cursorRangeReal(r, d, g);
  if (d->lo != NO_REG) g->lo = ((const i64 *)snReg(r, d->lo)->data)[0];
  if (d->hi != NO_REG) g->hi = ((const i64 *)snReg(r, d->hi)->data)[0];
  if (d->lo_open && g->lo == INT64_MAX) return false;
  if (d->hi_open && g->hi == INT64_MIN) return false;
  g->lo += d->lo_open;
  g->hi -= d->hi_open;
  return g->lo <= g->hi;
}

/* *none: the bounds of the window say that no row passes. */
static int cursorWhereBounds(Run *r, Cursor *c, const WhereDef *d, u32 seg,
    u32 w, ColReader **k, CursorRange *g, bool *none) {
  Zone z;
  int rc = snCursorReader(c, seg, d->column, k);
  if (rc) return rc;
  *none = !cursorRange(r, d, g) || !snColZone(*k, w, &z) ||
      (d->real ? z.rmax < g->rlo || z.rmin > g->rhi
               : z.max < g->lo || z.min > g->hi);
  return SEINE_OK;
}

static int cursorWhere(Run *r, Cursor *c, const WhereDef *d, u32 seg, u32 w,
    u64 *bits) {
  CursorRange g;
  ColReader *k;
  bool none;
  int rc = cursorWhereBounds(r, c, d, seg, w, &k, &g, &none);
  if (!rc && none) memset(bits, 0, SN_WORDS * 8);
  if (rc || none) return rc;
  return d->real ? snColFilterReal(k, w, g.rlo, g.rhi, bits)
                 : snColFilter(k, w, g.lo, g.hi, bits);
}

/* The bounds of the window, asked for all conditions that follow each other:
** does one of them leave nothing? */
static int cursorWhereNone(Run *r, Cursor *c, const Instr *i, bool *none) {
  u16 sel = i->sel, cur = i->a;
  int rc = SEINE_OK;
  *none = false;
  for (; !rc && !*none && i->op == OP_Where && i->sel == sel && i->a == cur;
       i++) {
    CursorRange g;
    ColReader *k;
    rc = cursorWhereBounds(r, c, i->p, c->seg, c->window, &k, &g, none);
  }
  return rc;
}

int opWhere(Run *r, const Instr *i) {
  Cursor *c = r->cur + i->a;
  Sel *s = r->sel + i->sel;
  const Instr *before = i - 1; /* there is one: the first is Goto */
  bool none = false;
  int rc = SEINE_OK;
  if (before->op != OP_Where || before->sel != i->sel || before->a != i->a) {
    rc = cursorWhereNone(r, c, i, &none);
    if (none) memset(s->bits, 0, sizeof s->bits);
    if (none) r->stats.skipped++;
  }
  if (rc || none || snBitsEmpty(s->bits, SN_WORDS)) return rc;
  return cursorWhere(r, c, i->p, c->seg, c->window, s->bits);
}

/* ---- the ranked top ----------------------------------------------------- */

typedef struct TopObject {
  Object head;
  Hit *hits;
  u32 n, at;
  u64 total;         /* of all hits, when they are counted */
  Run *run;
  Cursor *cur;
  const TopDef *def;
  u32 scored;        /* the match that ranks */
} TopObject;

static void cursorTopFree(Object *o) {
  snMemFree(((TopObject *)o)->hits);
  snMemFree(o);
}

static int cursorTopFilter(void *arg, u32 seg, u32 w, u64 *bits) {
  TopObject *t = arg;
  for (u32 k = 0; k < t->def->nwhere; k++) {
    const WhereDef *d = t->def->where + k;
    int rc = cursorWhere(t->run, t->cur, d, seg, w, bits);
    if (rc) return rc;
  }
  t->cur->seg = seg;
  for (u32 k = 0; k < t->cur->def->nmatch; k++) {
    MatchState *m;
    u64 hits[SN_WORDS] = {0};
    if (k == t->scored || !t->cur->def->match[k].drives) continue;
    int rc = snCursorMatcher(t->run, t->cur, k, &m);
    if (!rc) rc = snMatcherFill(m->m, w, hits);
    if (rc) return rc;
    for (u32 i = 0; i < SN_WORDS; i++) bits[i] &= hits[i];
  }
  return SEINE_OK;
}

/* a: cursor, b: match, c: object; dst: limit, sel: offset (registers); p, k:
** the conditions. */
int opMatchTop(Run *r, const Instr *i) {
  MatchState *m;
  TopStats stats = {0};
  int rc = snRunWindow(r, i->dst, i->sel);
  if (rc) return rc;
  TopObject *t = snMemZero(r->budget, sizeof *t);
  if (!t) return SN_NOMEM;
  t->head.free = cursorTopFree;
  r->obj[i->c] = &t->head;
  t->run = r;
  t->cur = r->cur + i->a;
  t->def = i->p;
  t->scored = i->b;
  i64 limit = snRegInt(r, i->dst, -1), skip = snRegInt(r, i->sel, 0);
  u64 all = t->cur->view->live_total;
  if (limit < 0 || (u64)limit > all) limit = (i64)all;
  if (skip < 0) skip = 0;
  u64 k = SN_MIN((u64)limit + (u64)SN_MIN(skip, (i64)all), all);
  if (k > UINT32_MAX / 2) return SEINE_TOOBIG;
  t->hits = snMemAlloc(r->budget, (k + 1) * sizeof *t->hits);
  if (!t->hits) return SN_NOMEM;
  rc = snCursorMatch(r, t->cur, i->b, &m);
  if (!rc)
    rc = snTopK(m->m, (u32)k,
        t->def->nwhere || t->cur->def->nmatch > 1 ? cursorTopFilter : NULL, t,
        t->hits, &t->n, t->def->count ? &t->total : NULL, &stats);
  r->stats.windows += (i64)stats.windows;
  r->stats.skipped += (i64)stats.skipped;
  m->seg = UINT32_MAX;
  return rc;
}

int opTops(Run *r, const Instr *i) {
  TopObject *t = (TopObject *)r->obj[i->a];
  u32 n = SN_MIN(r->batch_rows, t->n - t->at);
  int rc = snRunCheck(r);
  if (rc) return rc;
  snRunNewBatch(r);
  if (!n) {
    r->pc = (u32)i->jump;
    return SEINE_OK;
  }
  rc = snRegFlat(r, i->dst);
  if (!rc) rc = snRegFlat(r, i->b);
  if (rc) return rc;
  i64 *ref = snReg(r, i->dst)->data;
  double *score = snReg(r, i->b)->data;
  if (i->c != NO_REG) {
    rc = snRegFlat(r, i->c);
    if (rc) return rc;
    i64 *total = snReg(r, i->c)->data;
    for (u32 k = 0; k < n; k++) total[k] = (i64)t->total;
  }
  for (u32 k = 0; k < n; k++) {
    const Hit *h = t->hits + t->at + k;
    ref[k] = snRefPut(h->seg, h->doc);
    score[k] = (double)h->score;
  }
  t->at += n;
  snSelAll(r->sel + i->sel, n);
  return SEINE_OK;
}
