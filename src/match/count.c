/*
** count: how many documents match, without naming them.
**
** One term in a segment without deletions: the dictionary knows.  Words joined
** by OR, and dense shapes: bitmaps.  Rare ones: document by document.
*/
#include "match/matchInt.h"

#define COUNT_SPAN (16 * SN_WINDOW) /* its bitmap: 8 KB */
#define COUNT_ASK 1024u             /* documents between looks for a cancel */
#define COUNT_RARE 64u     /* one document of so many at most: each is asked */
#define COUNT_RARE_NOT 256u /* ... for, and looked for among those that go */

typedef struct Count {
  Matcher *m;
  Iter *it;
  const Live *live;
  u32 docs;
  u64 n;
} Count;

static void countBits(Count *c, u32 base, u64 *bits, u32 span) {
  for (u32 at = 0; c->live && at < span; at += SN_WINDOW)
    snLiveMask(c->live, (base + at) / SN_WINDOW, bits + at / 64);
  c->n += snBitsCount(bits, span / 64);
}

static int countTerms(Count *c) {
  u64 bits[COUNT_SPAN / 64];
  Iter *self = c->it, **kid = c->it->n ? c->it->kid : &self;
  for (u64 base = 0; base < c->docs && !c->m->rc; base += COUNT_SPAN) {
    u32 end = (u32)SN_MIN(base + COUNT_SPAN, (u64)c->docs);
    int rc = snMatcherAsk(c->m);
    if (rc) return rc;
    memset(bits, 0, sizeof bits);
    for (u32 i = 0; i < SN_MAX(c->it->n, 1u); i++) {
      Postings *p = &((TermIter *)kid[i])->post;
      snPostFill(p, (u32)base, end, bits);
      if (p->rc) snIterFail(c->m, p->rc);
    }
    countBits(c, (u32)base, bits, COUNT_SPAN);
  }
  return c->m->rc;
}

static int countWindows(Count *c) {
  u64 bits[SN_WORDS];
  for (u64 next = 0; next < c->docs && !c->m->rc;) {
    u32 d = snIterSeek(c->it, (u32)next), base = d & ~(SN_WINDOW - 1);
    int rc = snMatcherAsk(c->m);
    if (rc) return rc;
    if (d == DOC_END) break;
    memset(bits, 0, sizeof bits);
    c->it->ops->fill(c->it, base, bits);
    countBits(c, base, bits, SN_WINDOW);
    next = (u64)base + SN_WINDOW;
  }
  return c->m->rc;
}

static int countDocs(Count *c) {
  u32 asked = 0;
  for (u32 d = snIterSeek(c->it, 0); d != DOC_END;
       d = snIterSeek(c->it, d + 1)) {
    int rc = ++asked % COUNT_ASK ? SEINE_OK : snMatcherAsk(c->m);
    if (rc) return rc;
    c->n += snLiveHas(c->live, d);
  }
  return c->m->rc;
}

int snCountSegment(Matcher *m, u64 *n) {
  const Query *q = m->query;
  Count c = {.m = m, .live = m->view->live[m->seg]};
  int rc;
  if (q->kind == QUERY_TERM && !c.live) {
    *n += m->term[q->id].meta[m->seg].df;
    return m->rc;
  }
  c.it = snMatcherRoot(m);
  if (!c.it) return m->rc;
  u64 rare = c.it->ops->shape == ITER_NOT ? COUNT_RARE_NOT : COUNT_RARE;
  c.docs = snSegmentDocs(snMatcherSeg(m));
  if (c.it->ops->shape == ITER_TERM && !c.live) {
    *n += ((TermIter *)c.it)->post.df;
    return m->rc;
  }
  if (snIterTerms(c.it, ITER_OR)) rc = countTerms(&c);
  else if (c.it->cost * rare < c.docs) rc = countDocs(&c);
  else rc = countWindows(&c);
  *n += c.n;
  return rc;
}

int snMatcherCount(Matcher *m, u64 *n) {
  int rc = SEINE_OK;
  *n = 0;
  for (u32 s = 0; !rc && s < m->view->n; s++) {
    rc = snMatcherSegment(m, s);
    if (!rc) rc = snCountSegment(m, n);
  }
  return rc;
}

#undef COUNT_SPAN
#undef COUNT_ASK
#undef COUNT_RARE
#undef COUNT_RARE_NOT
