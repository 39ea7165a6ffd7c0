/*
** text: how words are cut.  Tokenizers, folding, stop words, stemmers.
*/
#ifndef SN_TEXT_H
#define SN_TEXT_H
#include "schema/schema.h"

/* ---- From tokens.c ------------------------------------------------------ */

/* The tokens of one text, in order.  Reused from text to text: Clear empties
** it and keeps its memory.  Token i is bytes[at[i] .. at[i] + len[i]), its
** position pos[i] (never decreasing; equal positions are synonyms), and it
** came from the source bytes [from[i], to[i]). */
typedef struct Tokens {
  u32 n, cap;
  u32 *at, *len, *pos, *from, *to;
  Buf bytes;
  u32 next_pos;   /* position behind the last token, stop words counted */
  int rc;         /* sticky */
  /* Private: */
  u32 room;       /* elements of the arrays */
  u8 *flag;       /* by token; meant only when flagged */
  bool flagged;
  u32 limit;      /* tokens, for filters that make more of them */
} Tokens;
SN_FUNC void snTokensInit(Tokens *t, Budget *b);
SN_FUNC void snTokensClear(Tokens *t); /* empty, memory kept */
SN_FUNC void snTokensFree(Tokens *t);

/* ---- From analyzer.c ---------------------------------------------------- */

/* An analyzer is a chain: any character filters, one tokenizer, any token
** filters, as in
**     html_strip, standard, elision('l', 'd'), lowercase, stop('french')
** doc/analysis.md lists them.  Its text is one of
**     name          a built-in chain: standard, english, french ...
**     chain
**     (chain)
**     name(chain)   a chain that has, or had, that name */
typedef struct Analyzer Analyzer;
/* ERROR: the text is no chain; NOMEM.  err may be NULL. */
SN_FUNC int snAnalyzerNew(Budget *b, const char *text, size_t n,
    ChainError *err, Analyzer **out);
SN_FUNC void snAnalyzerFree(Analyzer *a);
/* The k-th built-in one; NULL behind the last. */
SN_FUNC const char *snAnalyzerName(u32 k);
/* Appends its chain; false when the name (of any case) is not built in. */
SN_FUNC bool snAnalyzerChain(const char *name, size_t n, Buf *out);

/* The state of one user of analyzers (stemmers are not shared). */
typedef struct Cutter Cutter;
SN_FUNC int snCutterNew(Budget *b, Cutter **out);
SN_FUNC void snCutterFree(Cutter *c);
/* The analyzer of a text, made at first sight.  Good until the next call. */
SN_FUNC int snCutterFind(Cutter *c, const char *text, size_t n,
    const Analyzer **out);
/* Appends the tokens of the text at positions from t->next_pos on.  TOOBIG:
** the filters make too many tokens of it. */
SN_FUNC int snTextCut(Cutter *c, const Analyzer *a, const char *p, size_t n,
    Tokens *t);
/* For prefixes and wildcards typed by a person: the folding of the chain
** without cutting, stop words or stemming. */
SN_FUNC int snTextFold(Cutter *c, const Analyzer *a, const char *p, size_t n,
    Buf *out);

#endif
