/*
** visit: the windows of a table for a sort with a limit: those first whose
** rows may come first, and those not at all whose rows come too late.
**
** Rounds: each takes the best windows that are left, four times as many as
** the round before, in the order of documents, since what matches a query is
** only found going forward.  After a few of them the sort knows what its last
** row is, and a window that cannot have a better one is passed over; within a
** window scored blocks are too.
**
** Invariants:
** (1) Rows that are equal in all keys stay in the order of documents: the
**     sort has a reference to the row as its last key.
** (2) `best` is turned so that more is better: no row of a window has a first
**     key that comes before it.  INFINITY: not known; -INFINITY: all NULL,
**     which come last.
*/
#include "vm/vmInt.h"

#define VISIT_FIRST 1u /* windows of the first round */
#define VISIT_HALVES 14u /* steps to the score that is needed */
#define VISIT_MORE  4u /* ... of each round for one of that before */

struct Visit {
  double *best;     /* by number of the window, in all segments */
  double *score;    /* ... at most; NULL: the key has none */
  KeyIdx *list;     /* numbers, best first */
  u32 *first;       /* by segment: number of its first window; then of all */
  u32 n, at, end;   /* windows; visited; of the round */
  u32 size;         /* of the next round */
};

void snVisitFree(Visit *v) {
  if (!v) return;
  snMemFree(v->best);
  snMemFree(v->score);
  snMemFree(v->list);
  snMemFree(v->first);
  snMemFree(v);
}

/* ---- bounds ------------------------------------------------------------- */

static int visitBest(Run *r, Cursor *c, const VisitDef *d, const BoundAt *at,
    double *best) {
  Bounds s;
  int rc = snBoundGet(r, c, d->key, at, &s);
  *best = INFINITY;
  if (rc || (s.nulls && !d->nulls_last)) return rc;
  if (s.none) *best = -INFINITY;
  else if (s.known) *best = d->desc ? s.hi : -s.lo;
  return SEINE_OK;
}

/* What the best of a window scores, at most. */
static int visitScore(Run *r, Cursor *c, const VisitDef *d, u32 w,
    double *score) {
  u32 from = w * SN_WINDOW, end = from + SN_WINDOW;
  MatchState *m;
  int rc = snCursorMatcher(r, c, d->key->slot, &m);
  *score = 0;
  while (!rc && from < end) {
    float bound = 0;
    u32 upto;
    rc = snMatcherBound(m->m, from, &upto, &bound);
    *score = SN_MAX(*score, (double)bound);
    from = upto >= end ? end : upto + 1;
  }
  return rc;
}

/* Bits whose order is that of doubles, from the greatest on. */
static u64 visitBits(double d) {
  u64 bits;
  d += 0.0; /* -0 */
  memcpy(&bits, &d, sizeof bits);
  return bits >> 63 ? bits : ~(bits | 1ull << 63);
}

static int visitSegment(Run *r, Cursor *c, const VisitDef *d, Visit *v,
    u32 seg) {
  int rc = snRunCheck(r);
  c->seg = seg;
  for (u32 i = v->first[seg]; !rc && i < v->first[seg + 1]; i++) {
    BoundAt at = {seg, i - v->first[seg], 0};
    if (d->key->scored) rc = visitScore(r, c, d, at.window, &at.score);
    if (d->key->scored) v->score[i] = at.score;
    if (!rc) rc = visitBest(r, c, d, &at, v->best + i);
    v->list[i] = (KeyIdx){rc ? 0 : visitBits(v->best[i]), i};
  }
  return rc;
}

static int visitOpen(Run *r, Cursor *c, const VisitDef *d) {
  u32 n = 0;
  Visit *v = c->visit = snMemZero(r->budget, sizeof *v);
  if (!v) return SN_NOMEM;
  v->first = snMemAlloc(r->budget, (c->view->n + 1ull) * sizeof *v->first);
  if (!v->first) return SN_NOMEM;
  for (u32 s = 0; s < c->view->n; s++) {
    v->first[s] = n;
    n += snSegmentWindows(c->view->seg[s]);
  }
  v->first[c->view->n] = n;
  v->best = snMemAlloc(r->budget, (n + 1ull) * sizeof *v->best);
  v->list = snMemAlloc(r->budget, 2 * (n + 1ull) * sizeof *v->list);
  if (d->key->scored)
    v->score = snMemAlloc(r->budget, (n + 1ull) * sizeof *v->score);
  if (!v->best || !v->list || (d->key->scored && !v->score)) return SN_NOMEM;
  int rc = SEINE_OK;
  for (u32 s = 0; !rc && s < c->view->n; s++)
    rc = visitSegment(r, c, d, v, s);
  snSortKeys(v->list, n, v->list + n);
  v->n = n;
  v->size = VISIT_FIRST;
  return rc;
}

/* ---- what comes too late ------------------------------------------------ */

/* Whether rows from `ref` on whose first key is `best` at best come behind
** all that the sort keeps. */
static bool visitBeyond(Run *r, const VisitDef *d, double best, i64 ref) {
  const StoreObject *s = (const StoreObject *)r->obj[d->obj];
  if (!s || !s->upper.set) return false;
  bool whole = snTypeForm(d->type) == FORM_INT;
  double last = whole ? (double)s->upper.i : s->upper.d;
  bool exact = !whole || fabs(last) < 0x1p53;
  if (!d->desc) last = -last;
  return best < last ||
      (best == last && best < INFINITY && exact && d->sort->nkeys == 2 &&
          ref > s->bound_ref);
}

static int visitByIdx(const void *a, const void *b) {
  u32 x = ((const KeyIdx *)a)->idx, y = ((const KeyIdx *)b)->idx;
  return (x > y) - (x < y);
}

/* The next round; false: none is left that could matter. */
static bool visitRound(Run *r, Cursor *c, const VisitDef *d, Visit *v) {
  if (v->at == v->n) return false;
  if (visitBeyond(r, d, v->best[v->list[v->at].idx], -1)) {
    r->stats.skipped += v->n - v->at;
    v->at = v->n;
    return false;
  }
  v->end = v->n - v->at > v->size ? v->at + v->size : v->n;
  v->size = v->size < v->n ? v->size * VISIT_MORE : v->size;
  qsort(v->list + v->at, v->end - v->at, sizeof *v->list, visitByIdx);
  for (u32 k = 0; k < c->def->nmatch; k++) c->match[k].seg = UINT32_MAX;
  return true;
}

int snVisitNext(Run *r, Cursor *c, const VisitDef *d, bool *any) {
  int rc = c->visit ? SEINE_OK : visitOpen(r, c, d);
  Visit *v = c->visit;
  *any = false;
  while (!rc && (v->at < v->end || visitRound(r, c, d, v))) {
    u32 i = v->list[v->at++].idx, seg = 0;
    while (v->first[seg + 1] <= i) seg++;
    c->seg = seg;
    c->window = i - v->first[seg];
    i64 ref = snRefPut(seg, c->window * SN_WINDOW);
    if (visitBeyond(r, d, v->best[i], ref)) {
      r->stats.skipped++;
      continue;
    }
    *any = true;
    break;
  }
  return rc;
}

/* What a document of the window must score, at least: no score up to that
** makes a key that is early enough, whatever the columns hold. */
static int visitLeast(Run *r, Cursor *c, const VisitDef *d, float *least) {
  const StoreObject *s = (const StoreObject *)r->obj[d->obj];
  BoundAt at = {c->seg, c->window, 0};
  i64 ref = snRefPut(c->seg, c->base);
  double low = -1, high = c->visit->score[c->visit->list[c->visit->at - 1].idx];
  *least = 0;
  if (!s || !s->upper.set) return SEINE_OK;
  for (u32 step = 0; step <= VISIT_HALVES; step++) {
    double best;
    at.score = step ? (SN_MAX(low, 0) + high) / 2 : high;
    int rc = visitBest(r, c, d, &at, &best);
    if (rc) return rc;
    if (!visitBeyond(r, d, best, ref)) high = at.score;
    else if (step) low = at.score;
    else return *least = INFINITY, SEINE_OK;
  }
  *least = (float)SN_MAX(low, 0);
  if ((double)*least > low) *least = nextafterf(*least, 0);
  return SEINE_OK;
}

/* Drops the documents with more than one of the constants. */
static void visitMost(Run *r, const BestDef *b, const double *score,
    u64 *bits) {
  for (u32 k = 0; k < b->nmost; k++) {
    const Vec *v = snReg(r, b->most[k]);
    double most = snVecNull(v, 0) ? INFINITY : ((const double *)v->data)[0];
    if (b->minus[k] && !snVecNull(v, 0)) most = -most;
    for (u32 w = 0; w < SN_WORDS; w++)
      for (u64 left = bits[w]; left; left &= left - 1)
        if (score[w * 64 + (u32)__builtin_ctzll(left)] > most)
          bits[w] &= ~(left & (0 - left));
  }
}

/* p: BestDef.  The scores stay for Score. */
int opBest(Run *r, const Instr *i) {
  Cursor *c = r->cur + i->a;
  const BestDef *b = i->p;
  const VisitDef *d = b->visit;
  Sel *s = r->sel + i->sel;
  MatchState *m;
  float least;
  if (snBitsEmpty(s->bits, SN_WORDS)) return SEINE_OK;
  int rc = snCursorMatcher(r, c, d->key->slot, &m);
  if (!rc) rc = visitLeast(r, c, d, &least);
  if (!rc && !m->score)
    m->score = snArenaZero(&r->keep, SN_WINDOW * sizeof *m->score);
  if (rc || !m->score) return rc ? rc : SN_NOMEM;
  m->best = snRefPut(c->seg, c->base) + 1;
  if (isfinite(least))
    rc = snMatcherBest(m->m, c->window, least, s->bits, m->score);
  else
    memset(s->bits, 0, sizeof s->bits);
  visitMost(r, b, m->score, s->bits);
  return rc;
}

#undef VISIT_FIRST
#undef VISIT_MORE
#undef VISIT_HALVES
