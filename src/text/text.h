/*
** text: how words are cut.  Tokenizers, folding, stop words, stemmers.
*/
#ifndef SN_TEXT_H
#define SN_TEXT_H
#include "schema/schema.h"

/* ---- From analyzer.c ---------------------------------------------------- */

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
} Tokens;
SN_FUNC void snTokensInit(Tokens *t, Budget *b);
SN_FUNC void snTokensClear(Tokens *t); /* empty, memory kept */
SN_FUNC void snTokensFree(Tokens *t);

/* standard: Unicode words (UAX 29, as far as words of letters, digits and
** inner punctuation go), lower-cased; Han, Hiragana, Katakana and Hangul
** runs as overlapping bigrams.  simple: runs of letters, lower-cased.
** whitespace: runs of non-blanks as they are.  keyword: the whole text, one
** token.  english: standard + possessive 's off + stop words + english
** stemmer.  french: standard + elision (l' d' qu' ...) + stop words + french
** stemmer.  folding: standard + diacritics off.  And for each language that
** libstemmer knows, its name: standard + that stemmer (no stop words).
** Words over 255 bytes are cut there. */
typedef struct Analyzer Analyzer;
/* Name of any case; *out lives as long as the process.  ERROR when there is
** no such analyzer. */
SN_FUNC int snAnalyzerFind(const char *name, size_t n, const Analyzer **out);
SN_FUNC const char *snAnalyzerName(const Analyzer *a);
SN_FUNC u32 snAnalyzerCount(void);
SN_FUNC const Analyzer *snAnalyzerAt(u32 i);
/* The state of one user of analyzers (stemmers are not shared). */
typedef struct Cutter Cutter;
SN_FUNC int snCutterNew(Budget *b, Cutter **out);
SN_FUNC void snCutterFree(Cutter *c);
/* Appends the tokens of the text at positions from t->next_pos on. */
SN_FUNC int snTextCut(Cutter *c, const Analyzer *a, const char *p, size_t n,
    Tokens *t);
/* For prefixes and wildcards typed by a person: the folding of the chain
** without cutting, stop words or stemming. */
SN_FUNC int snTextFold(Cutter *c, const Analyzer *a, const char *p, size_t n,
    Buf *out);

#endif
