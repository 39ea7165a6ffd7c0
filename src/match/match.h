/*
** match: which documents, how well.  A query tree is compiled to iterators
** over one segment's postings; they fill bitmaps window by window, give
** scores, and bound scores by blocks so that the best k are found without
** looking at the rest.
**
** Scores are Lucene's BM25, or its older TF-IDF, to the float: see score.c.
*/
#ifndef SN_MATCH_H
#define SN_MATCH_H
#include "index/index.h"

/* ---- the query tree ----------------------------------------------------- */

typedef enum QueryKind {
  QUERY_NONE,    /* nothing */
  QUERY_ALL,     /* every document, score 0 ... boost */
  QUERY_RAW,     /* text as typed, not yet cut by an analyzer */
  QUERY_TERM,
  QUERY_PHRASE,  /* kids are TERMs with their place in pos */
  QUERY_PREFIX,  /* every term that begins with text; constant score */
  QUERY_FUZZY,   /* terms at most `edits` from text: an OR of the best */
  QUERY_PATTERN, /* every term that fits the pattern text; constant score */
  QUERY_LIKE,    /* the most telling of its TERM kids, which have a tf */
  QUERY_RANGE,   /* a column between two values; constant score */
  QUERY_BOOL,    /* kids with their occur */
  QUERY_MAX,     /* the best of its kids (one word in several fields) */
  QUERY_SPAN     /* places in one column: kids are TERM, PHRASE or SPAN */
} QueryKind;
typedef enum Occur { OCCUR_SHOULD, OCCUR_MUST, OCCUR_NOT } Occur;

/* What a SPAN asks of the spans (first and last position) of its kids. */
typedef enum SpanOp {
  SPAN_OR,         /* one of them */
  SPAN_PHRASE,     /* kid k begins `pos` of k behind the first kid */
  SPAN_NEAR,       /* all, in any order, apart, with up to slop gaps */
  SPAN_ORDERED,    /* ... each behind the one before */
  SPAN_FIRST,      /* its kid, at positions below slop */
  SPAN_WITHIN,     /* the first kid, where it lies in one of the second */
  SPAN_CONTAINING, /* the first kid, where one of the second lies in it */
  SPAN_EXCEPT      /* the first kid, where none of the second overlaps */
} SpanOp;

#define QUERY_NO_COLUMN  0xffffffffu
#define QUERY_EDITS_MAX  2u
#define QUERY_EDITS_AUTO 255u /* none below 3 characters, 1 below 6, else 2 */

/* Lives in an arena.  Nodes of one boolean are linked by next. */
typedef struct Query {
  u8 kind, occur;
  bool quoted;         /* RAW: stood in quotes: cut to a phrase */
  bool prefix;         /* RAW: ended with * */
  bool wild, regexp;   /* RAW, PATTERN: text is a pattern of that kind */
  bool fold;           /* PATTERN: the case of letters does not matter */
  bool blend;          /* TERM kids count as equally frequent */
  u32 column;          /* index in the table, or QUERY_NO_COLUMN: default */
  const char *field;   /* RAW, RANGE: name as typed, or NULL */
  const char *outer;   /* ... of the group around: when field is no column */
  u32 field_len, outer_len;
  const char *text;    /* RAW, TERM, PREFIX */
  u32 len;
  u32 pos;             /* in a PHRASE: place */
  u32 slop;            /* PHRASE, SPAN and quoted RAW */
  u8 op;               /* SPAN: what it asks */
  u8 edits;            /* FUZZY; of RAW QUERY_EDITS_AUTO too */
  u32 fixed;           /* FUZZY: characters at the begin that must be equal */
  u32 most;            /* FUZZY, LIKE: terms, at most */
  u32 tf;              /* TERM in a LIKE: how often the text has it */
  u32 min_df;          /* LIKE: rows that a term must be in */
  float boost;         /* 1 */
  /* RANGE: bounds as typed, NULL = open. */
  const char *lo, *hi;
  u32 lo_len, hi_len;
  bool lo_open, hi_open;   /* exclusive */
  i64 lo_int, hi_int;      /* bound: the column's numbers, inclusive */
  double lo_real, hi_real;
  struct Query *kids, *next;
  struct Query *last;      /* of kids; kept by snQueryAdd */
  u32 nkids;
  const char *some;        /* BOOL: SHOULD kids that must match, as typed */
  u32 some_len;
  u32 min;                 /* ... bound: 0, or at most all of them */
  float tie;               /* MAX: what the others add, 0 to 1 */
  u32 id;                  /* bound TERM, PHRASE, SPAN: number in the tree */
} Query;

/* ---- From query_parse.c ------------------------------------------------- */

/* What is wrong with a query, for those who want to know: at is the byte
** where. */
typedef struct QuerySlip {
  char message[128];
  size_t at;
} QuerySlip;
/* Is a text a query without a slip?  ERROR: no. */
SN_FUNC int snQueryCheck(Arena *a, const Table *t, const char *p, size_t n,
    QuerySlip *out);
/* Words, "phrases"~slop, pre*, wi?d*rd, /regexp/, fuzzy~1, field:word,
** field:(a b), (groups)@2, word^2.5, AND OR NOT (upper case), + and -,
** field:[1 TO 5] {1 TO 5} field:>=5.  The result is a tree of BOOL, RAW,
** RANGE, ALL or NONE.  Never fails on what is typed: a sign that does not fit
** is taken as a blank.  Nesting beyond 100 is flat.
** op_and: words without a sign between them must all match.  NOMEM only. */
SN_FUNC int snQueryParse(Arena *a, const char *p, size_t n, bool op_and,
    Query **out);
SN_FUNC Query *snQueryNew(Arena *a, QueryKind k); /* boost 1; NULL: NOMEM */
SN_FUNC void snQueryAdd(Query *parent, Query *kid, Occur o);

/* ---- From query_bind.c -------------------------------------------------- */

/* Cuts a text for a column; the tokens' texts and positions stay valid until
** the next call. */
typedef struct QueryCut {
  int (*cut)(void *arg, const Column *col, const u8 *p, u32 n,
      CutTokens *out);
  int (*fold)(void *arg, const Column *col, const u8 *p, u32 n, Buf *out);
  void *arg;
} QueryCut;
typedef struct QueryColumn {
  u32 column;          /* index in the table */
  float boost;
} QueryColumn;
/* Where words without a field go: to each of the columns, and the best counts;
** tie and blend as of the MAX that this makes. */
typedef struct QueryColumns {
  const QueryColumn *v;
  u32 n;
  float tie;
  bool blend;
  bool closed;         /* there are no others */
} QueryColumns;
/* Gives RAW and RANGE leaves their columns and cuts them: the result has
** only bound kinds, its terms and phrases numbered (kids first).  An unknown
** field is a word with a colon in it. */
SN_FUNC int snQueryBind(Arena *a, const Table *t, const Query *q,
    const QueryColumns *columns, const QueryCut *cut, Query **out);

/* Whether a text says how many of some words must match: "2", "-1", "75%",
** "2<75% 9<-3". */
SN_FUNC bool snQuerySomeKnown(const char *p, size_t len);
SN_FUNC u32 snQuerySome(const char *p, size_t len, u32 n); /* 0: of none */
/* The automaton of a RAW or PATTERN with a pattern; ERROR or TOOBIG when that
** is none. */
SN_FUNC int snQueryRegex(Budget *b, const Query *q, Regex **out);
/* Numbers the terms and phrases of a bound tree, kids first. */
SN_FUNC void snQueryNumber(Query *q);

/* ---- From query_ask.c: a query as SQL asks it --------------------------- */

typedef enum AskForm {
  ASK_QUERY,   /* the language of query_parse.c */
  ASK_EXACT,   /* the value of a column: one term */
  ASK_PHRASE, ASK_FUZZY, ASK_PREFIX, ASK_WILDCARD, ASK_REGEXP,
  ASK_LIKE     /* more like a text: see query_like.c */
} AskForm;
/* How several columns share a query. */
typedef enum AskMode {
  ASK_WORDS,   /* each word counts where it scores best */
  ASK_CROSS,   /* ... and is equally frequent in all of them */
  ASK_BEST,    /* the whole query counts where it scores best */
  ASK_MOST     /* the scores of the columns are added */
} AskMode;
typedef struct QueryAsk {
  u8 form, mode;
  bool op_and, op_set; /* words without a sign between them; or the setting */
  bool strict;         /* of QUERY: a slip is an error */
  bool closed;         /* ... and no field but one of col is known */
  u8 edits;
  u32 fixed, most;     /* of FUZZY */
  u32 slop;            /* of PHRASE */
  u32 min_tf, min_df;  /* of LIKE */
  float tie, boost;    /* 0, 1 */
  const char *some;    /* clauses that must match; or NULL */
  u32 some_len;
  u32 ncol;            /* 0: all that hold words */
  const QueryColumn *col;
} QueryAsk;
/* The bound query for a text. */
SN_FUNC int snQueryAsk(Arena *a, const Table *t, const QueryAsk *ask,
    const char *p, u32 n, const QueryCut *cut, Query **out);

/* ---- From query_route.c: queries that are stored ------------------------ */

/* The bound query of a stored text: words without a sign are joined by OR,
** whatever the settings. */
SN_FUNC int snQueryStored(Arena *a, const Table *t, const char *p, u32 n,
    const QueryCut *cut, Query **out);
/* The name of a document's term among routes: "title:fox".  b is emptied. */
SN_FUNC void snQueryRouteName(Buf *b, const Column *col, const void *p,
    u32 n);
#define QUERY_ROUTE_ALWAYS "*"
/* Adds the routes of a bound query: whatever it matches has one of their terms;
** "*" is a term that every document has.  None: it matches nothing. */
SN_FUNC int snQueryRoute(Arena *a, const Table *t, const Query *q,
    StrSet *out);

/* ---- From sieve.c: queries against the terms of one document ------------ */

/* Queries as conditions on terms alone, many of them in a few bytes each. */
typedef struct Sieve {
  Budget *budget;
  StrSet terms;        /* as snQueryRouteName() gives them */
  u32 *code;
  u32 n, cap;
  int rc;              /* sticky */
} Sieve;
SN_FUNC void snSieveInit(Sieve *s, Budget *b);
SN_FUNC void snSieveClear(Sieve *s);
/* Where the condition of a bound query is kept; *exact: it is the query
** itself, else the query may ask for more. */
SN_FUNC u32 snSieveAdd(Sieve *s, const Table *t, const Query *q,
    bool *exact);
/* By term: a document that has it set its stamp, and where it stands there. */
typedef struct SieveTerm { const u32 *pos; u32 n, stamp; } SieveTerm;
typedef struct SieveDoc { const SieveTerm *term; u32 stamp; } SieveDoc;
SN_FUNC bool snSievePasses(const Sieve *s, u32 at, const SieveDoc *d);

/* ---- From query_like.c: more like a text -------------------------------- */

typedef struct QueryLike {
  Arena *arena;
  const Table *table;
  const QueryAsk *ask;
  const QueryCut *cut;
  Query *q;
} QueryLike;
SN_FUNC int snQueryLikeBegin(QueryLike *l, Arena *a, const Table *t,
    const QueryAsk *ask, const QueryCut *cut);
/* Does it look in column i? */
SN_FUNC bool snQueryLikeHas(const QueryAsk *ask, const Table *t, u32 i);
SN_FUNC int snQueryLikeAdd(QueryLike *l, u32 column, const char *p, u32 n);
SN_FUNC Query *snQueryLikeEnd(QueryLike *l);

/* ---- From query_text.c -------------------------------------------------- */

/* "+body:fox (title:red | body:red)" */
SN_FUNC void snQueryText(const Query *q, const Table *t, Buf *out);

/* ---- From spans.c: where the words of a SPAN stand ---------------------- */

typedef struct Span { u32 first, last, gaps; } Span;
/* A TERM of the tree, in the order in which they stand in it. */
typedef struct SpanWord {
  const Query *q;
  u32 times;       /* at most so many spans for a position; 0: not known */
  bool shown;      /* may stand in the spans: EXCEPT, WITHIN take others */
  bool read;       /* pos is asked for; else that of an equal one is */
  const u32 *pos;  /* to be set: n positions in rising order */
  u32 n;
} SpanWord;
typedef struct SpansStep SpansStep;
typedef struct Spans {
  SpanWord *word;
  u32 nword;
  /* Private: */
  Budget *budget;
  Arena *arena;
  SpansStep *step;
  Span *list;
  u32 *from;
  KeyIdx *order;
  u32 nstep, n, nfrom;
  u32 word_cap, step_cap, list_cap, from_cap, order_cap;
  int rc;
} Spans;
/* What a node of a tree of spans asks; what is no SPAN or PHRASE is an OR. */
static inline SpanOp snSpanOp(const Query *q) {
  if (q->kind == QUERY_PHRASE) return SPAN_PHRASE;
  return q->kind == QUERY_SPAN ? (SpanOp)q->op : SPAN_OR;
}
/* q: a bound SPAN.  Of a PHRASE no kid is before the first.  Clear is due
** after an error too. */
SN_FUNC int snSpansInit(Spans *s, Budget *b, Arena *a, const Query *q);
/* The spans of the tree in one text, by rising first and last; valid until the
** next call. */
SN_FUNC int snSpansRun(Spans *s, const Span **out, u32 *n);
SN_FUNC void snSpansClear(Spans *s);

/* ---- From score.c: statistics and similarities -------------------------- */

typedef enum Similarity { SIM_NONE, SIM_BM25, SIM_TFIDF } Similarity;

/* Of a whole table at a snapshot: what idf and average length are made of.
** Deleted documents count until they are merged away, as in Lucene. */
typedef struct FieldStats {
  u64 docs;    /* with the field */
  u64 ttf;
} FieldStats;
/* A term's weight, and what each length makes of it: 256 numbers, by norm, of
** its field. */
typedef struct Scorer {
  Similarity sim;
  float w;
  const float *inv;
} Scorer;
SN_FUNC float snScoreAverage(const FieldStats *f); /* length */
SN_FUNC float snScoreIdf(Similarity sim, u64 docs, u64 df);
SN_FUNC void snScoreNorms(Similarity sim, const FieldStats *f, float *inv);
SN_FUNC float snScoreTfidf(const Scorer *b, float tf, u8 norm);
static inline float snScoreBm25(const Scorer *b, float tf, u8 norm) {
  return b->w - b->w / (1.0f + tf * b->inv[norm]);
}
static inline float snScoreOf(const Scorer *b, float tf, u8 norm) {
  return SN_LIKELY(b->sim == SIM_BM25) ? snScoreBm25(b, tf, norm)
                                       : snScoreTfidf(b, tf, norm);
}
/* No document scores more by a word or a phrase as it stands; by what may
** occur more often than the text has words. */
SN_FUNC float snScoreMost(const Scorer *b);
SN_FUNC float snScoreOften(const Scorer *b);
/* No document that the pairs cover scores more; without pairs: none at all. */
SN_FUNC float snScoreBound(const Scorer *b, const Impact *p, u32 n);
/* The same scores for n documents at once; all arrays have room for eight
** more.  norms: by document, or NULL. */
SN_FUNC void snScoreBlock(const Scorer *b, const u32 *docs, const u32 *freqs,
    const u8 *norms, u32 n, float *out);

/* ---- From matcher.c ----------------------------------------------------- */

/* A bound query over the segments of a view. */
typedef struct Matcher Matcher;
/* What a matcher is lent; each may be NULL. */
typedef struct MatchHost {
  Matcher **room;    /* where one leaves itself to the next; of one budget */
  int (*cancelled)(void *); /* asked while terms are looked for, per window, */
  void *arg;         /* ... and about every 4,096 documents that are passed
                     ** over: true ends it with INTERRUPT */
} MatchHost;
SN_FUNC int snMatcherOpen(Budget *b, View *v, const Query *q, Similarity sim,
    const MatchHost *host, Matcher **out);
SN_FUNC void snMatcherClose(Matcher *m);
SN_FUNC void snMatcherFree(Matcher *left); /* in a room; or NULL */
/* The query as it is searched: fuzzy words are the terms they stand for. */
SN_FUNC const Query *snMatcherQuery(const Matcher *m);
/* Goes to a segment; windows must then be asked in increasing order. */
SN_FUNC int snMatcherSegment(Matcher *m, u32 seg);
/* The first window >= w that may have a match, or DOC_END. */
SN_FUNC int snMatcherSeek(Matcher *m, u32 w, u32 *out);
/* Sets bits of the matches of window w (bits must be zero before). */
SN_FUNC int snMatcherFill(Matcher *m, u32 w, u64 *bits);
/* No document in [from, *upto] scores more; from may go back. */
SN_FUNC int snMatcherBound(Matcher *m, u32 from, u32 *upto, float *out);
/* Scores of the given documents of window w (out: 4,096; others stay). */
SN_FUNC int snMatcherScores(Matcher *m, u32 w, const u64 *bits,
    double *out);

/* ---- From best.c -------------------------------------------------------- */

/* The scores of those given documents of window w that may score `least`; the
** others are taken away.  In place of Scores: a window can be asked once. */
SN_FUNC int snMatcherBest(Matcher *m, u32 w, float least, u64 *bits,
    double *out);

/* ---- From suggest.c and significant.c: terms to show -------------------- */

typedef struct SuggestAsk {
  Budget *budget;
  Arena *arena;      /* for what is found */
  const View *view;
  u32 column;        /* index in the table; one with words or keywords */
  u32 edits;         /* at most */
  u32 most;          /* results, at most */
  u32 sample;        /* of significant terms: the best hits; 0: all of them */
  int (*cancelled)(void *); /* or NULL: true ends with INTERRUPT */
  void *arg;
} SuggestAsk;
typedef struct Suggestion {
  const u8 *p;
  u32 n;
  double score;      /* of a near one: 1 - edits / characters */
  u64 docs;
  u64 total;         /* of significant terms: docs in the whole table */
  double rank;       /* the best have the most */
} Suggestion;
typedef enum SuggestMode {
  SUGGEST_MISSING, /* only for words that the column has not */
  SUGGEST_POPULAR, /* what is more frequent than the word */
  SUGGEST_ALWAYS
} SuggestMode;
/* Other terms near to a word of four characters or more, which begin as it
** does: those that it was most likely typed for first. */
SN_FUNC int snSuggestWord(const SuggestAsk *a, SuggestMode mode, const u8 *p,
    u32 n, Suggestion **out, u32 *nout);
/* Terms that begin with a text, or near to it: the most frequent first. */
SN_FUNC int snSuggestWords(const SuggestAsk *a, const u8 *p, u32 n,
    Suggestion **out, u32 *nout);
/* Terms that are more frequent among the hits of m than in the table.  With a
** sample m must be one that scores. */
SN_FUNC int snSignificant(const SuggestAsk *a, Matcher *m, Suggestion **out,
    u32 *nout);

/* ---- From correct.c: a text with a few words put right ------------------- */

#define CORRECT_ERRORS 10u /* words that change, at most */
typedef struct CorrectAsk {
  SuggestAsk words;  /* most: texts */
  u8 mode;           /* SuggestMode */
  const DictText *word; /* as the column's analyzer cuts them ... */
  const u32 *pos;    /* ... and their positions, which rise */
  u32 n;
  u32 errors;        /* words that change, at most */
  double confidence; /* a text must score more than that times the one given */
} CorrectAsk;
typedef struct Correction {
  double score;
  const Suggestion **word; /* NULL: stays as it is */
} Correction;
/* The texts with the best scores, best first. */
SN_FUNC int snCorrect(const CorrectAsk *a, Correction **out, u32 *nout);

/* ---- From why.c --------------------------------------------------------- */

/* How the score of a document comes about, as a tree: see why.c.  depth: 0, or
** how far its lines stand below others.  Needs: a matcher that scores, at a
** segment, asked for documents that match in rising order, and for nothing
** else. */
SN_FUNC int snMatcherWhy(Matcher *m, u32 doc, u32 depth, Buf *out);

/* ---- From count.c ------------------------------------------------------- */

/* The live documents that match, in all segments. */
SN_FUNC int snMatcherCount(Matcher *m, u64 *n);

/* ---- From topk.c -------------------------------------------------------- */

typedef struct Hit { float score; u32 seg, doc; } Hit;
/* Restricts a window to the rows that pass: ANDs into bits. */
typedef int (*MatchFilter)(void *arg, u32 seg, u32 w, u64 *bits);
typedef struct TopStats { u64 windows, skipped; } TopStats;
/* The best k live hits in order: score descending, then segment and document
** ascending.  hits: room for k.  total: NULL, or all that match and pass are
** counted too, in the same pass where that is cheaper than one more. */
SN_FUNC int snTopK(Matcher *m, u32 k, MatchFilter filter, void *arg,
    Hit *hits, u32 *n, u64 *total, TopStats *stats);

#endif
