/*
** matchInt: what the files of match/ share: iterators over the documents of
** one segment.
**
** An iterator only moves forward.  doc is the document it stands on, once
** Seek was called; DOC_END behind the last.  An error ends the iterator and
** stays in the Matcher (m->rc).
*/
#ifndef SN_MATCHINT_H
#define SN_MATCHINT_H
#include "match/match.h"

typedef struct Iter Iter;
typedef struct IterOps {
  /* The first document >= target; not below the current one. */
  u32 (*seek)(Iter *it, u32 target);
  /* Sets the bits of its documents in [base, base + 4096). */
  void (*fill)(Iter *it, u32 base, u64 *bits);
  /* Score of the current document. */
  float (*score)(Iter *it);
  /* Adds the scores of its documents in mask to acc. */
  void (*add)(Iter *it, u32 base, const u64 *mask, double *acc);
  /* No document in [from, *upto] scores more; from <= *upto. */
  float (*bound)(Iter *it, u32 from, u32 *upto);
  void (*close)(Iter *it);
} IterOps;

struct Iter {
  const IterOps *ops;
  Matcher *m;
  u32 doc;
  bool started;
  u64 cost;          /* documents, at most */
  float max;         /* bound of every document */
  u32 n;
  Iter **kid;
};

/* A term of the query: its weight, and its ordinal in each segment. */
typedef struct MatchTerm {
  const Query *q;
  float idf;
  u64 df;
  u32 *ord;
  Bm25 bm;
} MatchTerm;

struct Matcher {
  Budget *budget;
  View *view;
  const Query *query;
  bool scored;
  Arena arena;       /* terms */
  Arena seg_arena;   /* iterators of the current segment */
  MatchTerm *term;   /* by Query.id */
  u32 nterm, term_cap;
  FieldStats *field; /* by column of the table */
  u32 seg;
  Iter *root;        /* fills and seeks; NULL: nothing in this segment */
  Iter *scorer;      /* gives scores of windows */
  Iter **open;       /* to be closed with the segment */
  u32 nopen, open_cap;
  int rc;
};

/* ---- From iter.c: what every shape needs -------------------------------- */

SN_FUNC void *snIterNew(Matcher *m, const IterOps *ops, size_t size,
    u32 kids);
SN_FUNC void snIterFail(Matcher *m, int rc);
SN_FUNC void snIterFill(Iter *it, u32 base, u64 *bits); /* by seek */
SN_FUNC void snIterAdd(Iter *it, u32 base, const u64 *mask, double *acc);
static inline u32 snIterSeek(Iter *it, u32 target) {
  if (it->started && it->doc >= target) return it->doc;
  it->started = true;
  return it->doc = it->ops->seek(it, target);
}
SN_FUNC Iter *snIterEmpty(Matcher *m);

/* ---- One shape each ----------------------------------------------------- */

typedef struct TermIter {
  Iter it;
  Postings post;
  const MatchTerm *term; /* of scored ones */
  const u8 *norms;
} TermIter;
SN_FUNC Iter *snIterTerm(Matcher *m, const MatchTerm *t, bool scored);
SN_FUNC bool snIterIsTerm(const Iter *it);
/* ops->add, and sets the bits of the documents that were in mask. */
SN_FUNC void snIterTermAdd(TermIter *t, u32 base, const u64 *mask,
    double *acc, u64 *seen);
SN_FUNC Iter *snIterAnd(Matcher *m, Iter **kids, u32 n);
SN_FUNC Iter *snIterOr(Matcher *m, Iter **kids, u32 n);
SN_FUNC Iter *snIterMax(Matcher *m, Iter **kids, u32 n);
SN_FUNC bool snIterIsOr(const Iter *it);
SN_FUNC Iter *snIterNot(Matcher *m, Iter *keep, Iter *drop);
SN_FUNC Iter *snIterOpt(Matcher *m, Iter *must, Iter *should);
SN_FUNC Iter *snIterPhrase(Matcher *m, const Query *q, Iter **terms,
    const Bm25 *bm);
SN_FUNC Iter *snIterAll(Matcher *m, float boost);
SN_FUNC Iter *snIterPrefix(Matcher *m, const Query *q, float boost);
SN_FUNC Iter *snIterRange(Matcher *m, const Query *q, float boost);

static inline Segment *snMatcherSeg(const Matcher *m) {
  return m->view->seg[m->seg];
}
/* boost: of what q stands in. */
SN_FUNC Iter *snMatcherCompile(Matcher *m, const Query *q, float boost,
    bool scored);

#endif
