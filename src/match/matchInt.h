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
typedef enum IterShape {
  ITER_NONE, ITER_TERM, ITER_PHRASE, ITER_SPAN, ITER_SET,
  ITER_AND, ITER_OR, ITER_SOME, ITER_MAX, ITER_NOT, ITER_OPT
} IterShape;
typedef struct IterOps {
  IterShape shape;
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
  const Query *q;    /* of what is compiled from one node; not of a BOOL */
  u32 doc;
  bool started;
  u64 cost;          /* documents, at most */
  float max;         /* bound of every document */
  u32 n;
  Iter **kid;
  /* Where positions are read: the documents that have the words, an iterator
  ** that this one moves itself, and whether where that stands the words stand
  ** as they should.  Both or neither. */
  Iter *near;
  bool (*here)(Iter *it);
};

/* A term of the query: its weight, and its list in each segment. */
typedef struct MatchTerm {
  const Query *q;
  float boost, idf;
  u64 df;
  u64 idf_docs, idf_df; /* what idf is made of; a phrase has none */
  TermMeta *meta;    /* by segment; df 0: not there */
  Scorer scorer;
} MatchTerm;

/* What snScoreNorms() makes of these. */
typedef struct MatchNorms {
  Similarity sim;
  FieldStats field;
  float inv[256];
} MatchNorms;

struct Matcher {
  View *view;
  const Query *query;  /* rewritten: see rewrite.c */
  Similarity sim;    /* SIM_NONE: not scored */
  Matcher **room;    /* where it is left to the next one, or NULL */
  u32 nterm;
  FieldStats *field; /* by column of the table, one more for no column; docs 0:
                     ** not asked for yet */
  float **inv;       /* ... its lengths for a Scorer, or NULL until asked for */
  bool normed;       /* inv of a column is in norms */
  u32 seg;
  Iter *root;        /* fills and seeks; NULL until it was asked for */
  Iter *scorer;      /* gives scores of windows; too */
  u32 nopen;
  int (*cancelled)(void *);
  void *cancel_arg;
  u32 steps;         /* documents passed over without a hit */
  float floor;       /* scores up to it may be passed over; or -1 */
  int rc;
  /* What is left to the next one: */
  Budget *budget;
  Arena arena;       /* terms */
  Arena seg_arena;   /* iterators of the current segment */
  MatchNorms norms;  /* of the first column that was scored in */
  MatchTerm *term;   /* by Query.id */
  Iter **open;       /* to be closed with the segment */
  u32 term_cap, open_cap;
};

/* ---- From iter.c: what every shape needs -------------------------------- */

/* size bytes, of which the first are zeroed. */
SN_FUNC void *snIterNew(Matcher *m, const IterOps *ops, size_t size,
    size_t zero, u32 kids);
SN_FUNC void snIterFail(Matcher *m, int rc);
/* INTERRUPT when the search was cancelled. */
static inline int snMatcherAsk(const Matcher *m) {
  bool stop = m->cancelled && m->cancelled(m->cancel_arg);
  return stop ? SEINE_INTERRUPT : SEINE_OK;
}
/* Asked for each document that is passed over: ends the iterator when the
** search was cancelled. */
static inline bool snIterPass(Matcher *m) {
  int rc = SN_LIKELY(++m->steps % 4096) ? SEINE_OK : snMatcherAsk(m);
  if (rc) snIterFail(m, rc);
  return !m->rc;
}
SN_FUNC void snIterFill(Iter *it, u32 base, u64 *bits); /* by seek */
SN_FUNC void snIterAdd(Iter *it, u32 base, const u64 *mask, double *acc);
static inline u32 snIterSeek(Iter *it, u32 target) {
  if (it->started && it->doc >= target) return it->doc;
  it->started = true;
  return it->doc = it->ops->seek(it, target);
}
/* Of the documents in a bitmap: sums begin at 0, and end as floats. */
SN_FUNC void snIterSums(const u64 *bits, double *acc);
SN_FUNC void snIterFloats(const u64 *bits, double *acc);
SN_FUNC u32 snIterSeekNear(Iter *it, u32 target); /* by near and here */
/* Stands where its near stands: true when that is one of its documents.  Only
** then may it be asked for its score there. */
static inline bool snIterHere(Iter *it) {
  it->started = true;
  it->doc = it->near->doc;
  return it->here(it);
}
SN_FUNC Iter *snIterEmpty(Matcher *m);
/* Whether it is a term, or of that shape and all its kids are terms. */
SN_FUNC bool snIterTerms(const Iter *it, IterShape shape);

/* ---- One shape each ----------------------------------------------------- */

typedef struct TermIter {
  Iter it;
  const MatchTerm *term; /* of scored ones */
  const u8 *norms;
  Postings post;     /* not zeroed: it is opened at once */
} TermIter;
SN_FUNC Iter *snIterTerm(Matcher *m, const MatchTerm *t, bool scored);
/* Where b stands right behind a, terms that the segment has: by a list of the
** pair, of the shape of a term's.  NULL: there is none that says it, or an
** error.  phrase: what is scored, or NULL. */
SN_FUNC Iter *snIterPair(Matcher *m, const MatchTerm *a, const MatchTerm *b,
    const MatchTerm *phrase);
SN_FUNC Iter *snIterAnd(Matcher *m, Iter **kids, u32 n);
SN_FUNC Iter *snIterOr(Matcher *m, Iter **kids, u32 n);
SN_FUNC Iter *snIterMax(Matcher *m, Iter **kids, u32 n, float tie);
/* Where at least `least` of the kids are: 2 <= least < n. */
SN_FUNC Iter *snIterSome(Matcher *m, Iter **kids, u32 n, u32 least);
SN_FUNC Iter *snIterNot(Matcher *m, Iter *keep, Iter *drop);
SN_FUNC Iter *snIterOpt(Matcher *m, Iter *must, Iter *should);
/* terms: of each word; of equal ones that of the first.  pairs: of each word
** and the next one, or NULL. */
SN_FUNC Iter *snIterPhrase(Matcher *m, const Query *q, Iter **terms,
    Iter **pairs, const Scorer *scorer);
/* Which of a phrase's words is the first that equals k. */
SN_FUNC u32 snIterPhraseTwin(const Query *words, const Query *k);
SN_FUNC Iter *snIterSpan(Matcher *m, const Query *q, const Scorer *scorer);
/* How often they occur in the document where they stand. */
SN_FUNC float snIterPhraseFreq(const Iter *it);
SN_FUNC float snIterSpanFreq(const Iter *it);
SN_FUNC Iter *snIterAll(Matcher *m, float boost);
SN_FUNC Iter *snIterPrefix(Matcher *m, const Query *q, float boost);
SN_FUNC Iter *snIterPattern(Matcher *m, const Query *q, float boost);
SN_FUNC Iter *snIterRange(Matcher *m, const Query *q, float boost);

/* The documents of a term of column i of the table, in all segments; meta, by
** segment, stays as it is where there is none.  meta may be NULL. */
SN_FUNC int snMatcherLookup(const View *v, u32 column, const void *p, u32 n,
    TermMeta *meta, u64 *df);
/* The statistics of a column with words. */
SN_FUNC int snMatcherField(const Matcher *m, u32 column,
    const FieldStats **out);
static inline Segment *snMatcherSeg(const Matcher *m) {
  return m->view->seg[m->seg];
}
/* Those of the segment; NULL after an error. */
SN_FUNC Iter *snMatcherRoot(Matcher *m);
SN_FUNC Iter *snMatcherScorer(Matcher *m);
/* boost: of what q stands in. */
SN_FUNC Iter *snMatcherCompile(Matcher *m, const Query *q, float boost,
    bool scored);

/* ---- From rewrite.c, fuzzy.c and pattern.c ------------------------------ */

/* The query with what depends on the terms of the view spelt out. */
SN_FUNC int snMatcherRewrite(Matcher *m, const Query *q,
    const Query **out);
/* The terms of a column that a few edits make of a word, or the prefixes near
** to it with which terms begin (none is a prefix of another). */
typedef struct FuzzyAsk {
  const u8 *text;
  u32 len;
  u32 column;        /* index in the table */
  u32 edits, fixed;  /* at most; characters at the begin that must be equal */
  bool prefix;
  bool counted;      /* docs of terms are asked for */
  int (*cancelled)(void *);
  void *arg;
} FuzzyAsk;
typedef struct FuzzyTerm {
  u32 edits, chars;  /* of terms: its edits; characters of the shorter */
  u64 docs;          /* that have it, deleted ones included */
} FuzzyTerm;
typedef struct FuzzyFound {
  StrSet terms;
  FuzzyTerm *term;   /* by number in terms */
  u32 cap;
} FuzzyFound;
/* A word that is too long to be edited is its only term.  Free is due whatever
** rc. */
SN_FUNC int snFuzzyFind(Budget *b, const View *v, const FuzzyAsk *a,
    FuzzyFound *out);
SN_FUNC void snFuzzyFree(FuzzyFound *f);
/* Adds the TERMs that a FUZZY stands for to `to`, the nearest first. */
SN_FUNC int snFuzzyExpand(Matcher *m, Arena *a, const Query *q, Query *to);
/* The terms of d, in order, that fit a PREFIX or PATTERN; what seen() gives
** ends it unless it is SEINE_OK. */
SN_FUNC int snPatternWalk(Matcher *m, const Query *q, Dict *d,
    int (*seen)(void *arg, u32 ord, const u8 *p, u32 n), void *arg);

/* ---- From typo.c -------------------------------------------------------- */

/* How unlikely it is that the word p was typed for a term. */
SN_FUNC double snTypoCost(const u8 *p, u32 n, const u8 *term, u32 nterm);

/* ---- From suggest.c ----------------------------------------------------- */

/* The best `most` of n found: by rank, then docs, then text. */
SN_FUNC int snSuggestBest(const SuggestAsk *a, const Suggestion *found, u32 n,
    Suggestion **out, u32 *nout);

/* ---- From topk.c: the best so far --------------------------------------- */

typedef struct TopEntry { u64 key; u32 seg, doc; } TopEntry;
typedef struct TopK {
  Matcher *m;
  u32 k, n;
  u64 before;        /* documents of the segments before this one */
  TopEntry *heap;    /* least key first, once it is full */
  float seed;        /* k documents are known to have more */
  float least;       /* what a score must exceed */
  double need;       /* a sum below that does not exceed it */
  MatchFilter filter;
  void *arg;
  TopStats stats;
  bool count;        /* every hit counts, not only those that get in: */
  u64 total;
  u32 window;        /* that `pass` is for, or ~0 */
  bool full;         /* every document of every window passes */
  u64 pass[SN_WORDS];
} TopK;
/* A live document that passed, of the current segment, in any order. */
SN_FUNC void snTopPush(TopK *t, float score, u32 doc);
/* Whether a document with that score would get in. */
SN_FUNC bool snTopTakes(const TopK *t, float score, u32 doc);
/* k documents score at least that: what scores less needs no look. */
SN_FUNC void snTopSeed(TopK *t, float score);
/* Whether a document is live and passes the filter; false after an error. */
SN_FUNC bool snTopPasses(TopK *t, u32 doc);

/* ---- From count.c -------------------------------------------------------- */

/* Adds the live documents of the segment that match. */
SN_FUNC int snCountSegment(Matcher *m, u64 *n);

/* ---- From topk_lists.c: queries made of terms --------------------------- */

/* false: the query has another shape, and nothing was done. */
SN_FUNC bool snTopLists(TopK *t, Iter *it, int *rc);

#endif
