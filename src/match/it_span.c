/*
** it_span: documents in which words stand as a tree of spans asks (spans.c
** says what that is).
**
** A document is a candidate when it has the words: all of a NEAR, one of an
** OR, and so on down the tree; only then are positions read, and the tree is
** looked at from its words upwards.
**
** The score is BM25 with
**   tf   the sum over the spans of the tree of 1 / (1 + gaps), in floats
**   idf  the sum over the words of the tree, a word that stands twice twice;
**        what EXCEPT takes away does not count
** and the length of the column, as Lucene scores spans.
**
** (1) Candidates are found by the same iterators whose positions are read.
**     Where a branch of the candidates is ahead, since it cannot match here,
**     its words may be too: then it has no spans here, as it should.  What
**     EXCEPT takes away is no part of the candidates, and never ahead.
*/
#include "match/matchInt.h"

typedef struct SpanIter {
  Iter it;           /* kids: the words, as in spans.word */
  Spans spans;
  const Scorer *scorer;
  const u8 *norms;
  float freq;
} SpanIter;

static Postings *spanPost(const SpanIter *p, u32 word) {
  Iter *it = p->it.kid[word];
  return it->ops->shape == ITER_TERM ? &((TermIter *)it)->post : NULL;
}

static bool spanHere(Iter *it) {
  SpanIter *p = (SpanIter *)it;
  const Span *list = NULL;
  u32 doc = it->near->doc, n = 0;
  int rc = SEINE_OK;
  for (u32 i = 0; i < it->n && !rc; i++) {
    SpanWord *w = p->spans.word + i;
    Postings *post = spanPost(p, i);
    w->n = 0;
    if (post && w->read && snIterSeek(it->kid[i], doc) == doc)
      rc = snPostPositions(post, &w->pos, &w->n);
  }
  if (!rc) rc = snSpansRun(&p->spans, &list, &n);
  if (rc) snIterFail(it->m, rc);
  p->freq = 0;
  for (u32 i = 0; i < n; i++) p->freq += 1.0f / (1.0f + (float)list[i].gaps);
  return n > 0;
}

float snIterSpanFreq(const Iter *it) { return ((const SpanIter *)it)->freq; }

static float spanScore(Iter *it) {
  SpanIter *p = (SpanIter *)it;
  u8 norm = p->norms ? p->norms[it->doc] : 1;
  return p->scorer ? snScoreOf(p->scorer, p->freq, norm) : 0;
}

/* A span adds at most 1, and of some words is known how many spans they can
** be in. */
static float spanBound(Iter *it, u32 from, u32 *upto) {
  SpanIter *p = (SpanIter *)it;
  float best = it->max;
  *upto = DOC_END - 1;
  for (u32 i = 0; i < it->n; i++) {
    Impact imp[IMPACTS];
    Postings *post = spanPost(p, i);
    u32 u, times = p->spans.word[i].times;
    if (!post || !times) continue;
    u32 n = snPostImpacts(post, from, false, &u, imp);
    bool many = false;
    for (u32 k = 0; k < n; k++) {
      many |= imp[k].tf * times >= 255;
      imp[k].tf = (u8)(imp[k].tf * times);
    }
    if (many) continue;
    float b = snScoreBound(p->scorer, imp, n);
    best = SN_MIN(best, b);
    *upto = SN_MIN(*upto, u);
  }
  return best;
}

static void spanClose(Iter *it) { snSpansClear(&((SpanIter *)it)->spans); }

/* The documents that have the words of q; opens these from word *at on, in the
** order of spans.word.  As deep as the parser allows. */
static Iter *spanNear(SpanIter *p, const Query *q, u32 *at) {
  Matcher *m = p->it.m;
  u32 n = 0;
  if (q->kind == QUERY_TERM) {
    assert(p->spans.word[*at].q == q && m->term[q->id].q == q);
    return p->it.kid[(*at)++] = snIterTerm(m, m->term + q->id, false);
  }
  Iter **kid = snArenaAlloc(&m->seg_arena, (q->nkids + 1) * sizeof *kid);
  if (!kid) snIterFail(m, SN_NOMEM);
  for (const Query *k = q->kids; k && kid; k = k->next) {
    Iter *it = spanNear(p, k, at);
    if (!it) return NULL;
    if (k == q->kids || snSpanOp(q) != SPAN_EXCEPT) kid[n++] = it;
  }
  if (!kid) return NULL;
  if (!n) return snIterEmpty(m);
  if (n == 1) return kid[0];
  return snSpanOp(q) == SPAN_OR ? snIterOr(m, kid, n) : snIterAnd(m, kid, n);
}

Iter *snIterSpan(Matcher *m, const Query *q, const Scorer *scorer) {
  static const IterOps ops = {ITER_SPAN, snIterSeekNear, snIterFill,
      spanScore, snIterAdd, spanBound, spanClose};
  SpanIter *p = snIterNew(m, &ops, sizeof *p, sizeof *p, 0);
  u32 at = 0;
  if (!p) return NULL;
  int rc = snSpansInit(&p->spans, m->budget, &m->seg_arena, q);
  p->it.n = p->spans.nword;
  p->it.kid = snArenaZero(&m->seg_arena, (p->it.n + 1) * sizeof(Iter *));
  if (!rc && !p->it.kid) rc = SN_NOMEM;
  if (rc) {
    snIterFail(m, rc);
    return NULL;
  }
  p->scorer = scorer;
  p->it.here = spanHere;
  p->it.near = spanNear(p, q, &at);
  if (!p->it.near) return NULL;
  p->it.cost = p->it.near->cost;
  p->it.max = scorer ? snScoreOften(scorer) : 0;
  if (!p->it.n) return &p->it;
  const Column *col = m->view->table->col + p->spans.word[0].q->column;
  rc = snNormBytes(snMatcherSeg(m), col->id, &p->norms);
  if (!rc) return &p->it;
  snIterFail(m, rc);
  return NULL;
}
