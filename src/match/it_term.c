/*
** it_term: the documents of one term.
*/
#include "match/matchInt.h"

static u32 termSeek(Iter *it, u32 target) {
  TermIter *t = (TermIter *)it;
  u32 d = snPostSeek(&t->post, target);
  if (t->post.rc) snIterFail(it->m, t->post.rc);
  return d;
}

static void termFill(Iter *it, u32 base, u64 *bits) {
  TermIter *t = (TermIter *)it;
  it->started = true;
  snPostFill(&t->post, base, base + SN_WINDOW, bits);
  it->doc = t->post.doc;
  if (t->post.rc) snIterFail(it->m, t->post.rc);
}

static u8 termNorm(const TermIter *t, u32 doc) {
  return t->norms ? t->norms[doc] : 1;
}

static float termScore(Iter *it) {
  TermIter *t = (TermIter *)it;
  float tf = (float)snPostFreq(&t->post);
  return snScoreOf(&t->term->scorer, tf, termNorm(t, it->doc));
}

/* From document i of the decoded block on; the first one behind the window.
** BM25 has a loop to itself. */
static u32 termAddBlock(const TermIter *t, u32 i, u32 base, const u64 *mask,
    double *acc) {
  const Postings *p = &t->post;
  const Scorer *s = &t->term->scorer;
  u32 n = p->n, at;
  if (SN_UNLIKELY(s->sim != SIM_BM25)) {
    for (; i < n && (at = p->docs[i] - base) < SN_WINDOW; i++)
      if (snBit(mask, at))
        acc[at] += (double)snScoreOf(s, (float)p->freqs[i],
            termNorm(t, p->docs[i]));
    return i;
  }
  for (; i < n && (at = p->docs[i] - base) < SN_WINDOW; i++)
    if (snBit(mask, at))
      acc[at] += (double)snScoreBm25(s, (float)p->freqs[i],
          termNorm(t, p->docs[i]));
  return i;
}

/* Walks the blocks of the window directly: no seek per document. */
static void termAdd(Iter *it, u32 base, const u64 *mask, double *acc) {
  TermIter *t = (TermIter *)it;
  Postings *p = &t->post;
  u32 end = base + SN_WINDOW, d;
  it->started = true;
  for (d = snPostSeek(p, base); d < end; d = snPostNextBlock(p)) {
    u32 n = p->n;
    snPostFreqs(p);
    u32 i = termAddBlock(t, p->i, base, mask, acc);
    p->i = SN_MIN(i, n - 1);
    p->doc = p->docs[p->i];
    if (i < n) break;
  }
  it->doc = p->doc;
  if (p->rc) snIterFail(it->m, p->rc);
}

static float termBound(Iter *it, u32 from, u32 *upto) {
  TermIter *t = (TermIter *)it;
  Impact p[IMPACTS];
  u32 n = snPostImpacts(&t->post, from, false, upto, p);
  if (!n && t->post.impacts_each) {
    *upto = DOC_END - 1;
    return 0;
  }
  return snScoreBound(&t->term->scorer, p, n);
}

static void termClose(Iter *it) { snPostClose(&((TermIter *)it)->post); }

static const IterOps it_term_ops = {ITER_TERM, termSeek, termFill, termScore,
    termAdd, termBound, termClose};

/* The bound of the whole list: that of its parts, of 32 blocks if there are
** such, else of each. */
static float termMax(TermIter *t) {
  Postings *p = &t->post;
  Impact pair[IMPACTS];
  float best = 0;
  bool super = p->sup_impact != NULL;
  u32 n = super ? (p->nblocks + POST_SUPER - 1) / POST_SUPER : p->nblocks;
  for (u32 i = 0; i < n; i++) {
    u32 k = super ? snPostSuperImpacts(p, i, pair)
                  : snPostBlockImpacts(p, i, pair);
    float bound = snScoreBound(&t->term->scorer, pair, k);
    best = SN_MAX(best, bound);
  }
  return best;
}

/* A list of a dictionary of the column with that id. */
static Iter *termOpen(Matcher *m, const MatchTerm *term, u32 column,
    const Dict *d, const TermMeta *meta, bool scored) {
  TermIter *t = snIterNew(m, &it_term_ops, sizeof *t,
      offsetof(TermIter, post), 0);
  if (!t) return NULL;
  int rc = snPostOpenMeta(snMatcherSeg(m), column, d, meta, &t->post);
  if (!rc && scored) {
    t->term = term;
    rc = snNormBytes(snMatcherSeg(m), column, &t->norms);
    t->it.max = termMax(t);
  }
  t->it.cost = t->post.df;
  if (!rc) return &t->it;
  snIterFail(m, rc);
  return NULL;
}

Iter *snIterTerm(Matcher *m, const MatchTerm *term, bool scored) {
  Dict *d;
  u32 column = m->view->table->col[term->q->column].id;
  const TermMeta *meta = term->meta + m->seg;
  if (!meta->df) return snIterEmpty(m);
  int rc = snDictTerms(snMatcherSeg(m), column, &d);
  if (!rc) rc = d ? SEINE_OK : SN_CORRUPT;
  if (!rc) return termOpen(m, term, column, d, meta, scored);
  snIterFail(m, rc);
  return NULL;
}

Iter *snIterPair(Matcher *m, const MatchTerm *a, const MatchTerm *b,
    const MatchTerm *phrase) {
  TermMeta meta;
  Dict *d;
  u32 column = m->view->table->col[a->q->column].id;
  const TermMeta *first = a->meta + m->seg, *second = b->meta + m->seg;
  int rc = snPairFind(snMatcherSeg(m), column, first->ord, second->ord, &d,
      &meta);
  if (rc) snIterFail(m, rc);
  if (rc || !d) return NULL;
  if (!meta.df) return snIterEmpty(m);
  return termOpen(m, phrase, column, d, &meta, phrase != NULL);
}
