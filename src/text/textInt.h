/*
** textInt: what the files of this room share.
**
** A text goes through one cutter (cut_word.re, cut_misc.c) and then through
** the filters of its analyzer (filter.c), each of which runs once over all
** tokens of the text.  Nobody allocates per token.
*/
#ifndef SN_TEXT_INT_H
#define SN_TEXT_INT_H
#include "text/text.h"

#define TEXT_WORD_MAX 255u        /* bytes of a token */
#define TEXT_MAX      0x40000000u /* bytes of all texts of one Tokens */
#define TEXT_PAD      32u         /* readable bytes behind the tokens */
#define TEXT_ROWS     64u         /* analyzers: 7 of ours, then languages */
#define TEXT_STOPS    512u        /* slots of a table of stop words */

enum { TEXT_WORDS, TEXT_LETTERS, TEXT_BLANKS, TEXT_WHOLE }; /* cutters */
enum { TEXT_ENGLISH, TEXT_FRENCH, TEXT_STOP_LISTS };
enum { /* filters, in the order in which they run */
  TEXT_POSSESSIVE = 1,
  TEXT_ELISION = 2,
  TEXT_STOP_EN = 4,
  TEXT_STOP_FR = 8,
  TEXT_STEM = 16,
  TEXT_FOLD = 32
};

/* A row without a name is the language of that number: see analyzer.c. */
struct Analyzer {
  const char *name;
  u8 cut, filters;
};

typedef struct FilterStemmer FilterStemmer;
struct Cutter {
  Budget *budget;
  FilterStemmer *stem[TEXT_ROWS]; /* by row; made at first use */
  u64 stops[TEXT_STOP_LISTS][TEXT_STOPS];
  bool has_stops[TEXT_STOP_LISTS];
  bool scan_only; /* for tests: all of it through the scanner of re2c */
};

/* ---- From tokens.c ------------------------------------------------------ */

/* Room for n more bytes of tokens and TEXT_PAD behind them; false and t->rc
** when there is none. */
SN_FUNC bool snTokensRoom(Tokens *t, size_t n);
/* Room for one more token. */
SN_FUNC bool snTokensGrow(Tokens *t);
/* The n bytes at `at` of t->bytes are a token already: enters it at next_pos.
** Push clips it to 255 bytes; Pieces makes as many tokens of it as it takes.
** src: the source bytes [from, to) of it, code point for code point. */
SN_FUNC void snTokensPush(Tokens *t, size_t at, size_t n, u32 from, u32 to);
SN_FUNC void snTokensPieces(Tokens *t, size_t at, const u8 *src, u32 from,
    u32 to);
/* The most bytes <= 255 of a token that end with a character. */
SN_FUNC u32 snTokensClip(const u8 *p, size_t n);

/* ---- From cut_word.re and cut_misc.c ------------------------------------ */

SN_FUNC void snCutWord(const Cutter *c, u32 cut, const u8 *p, size_t n,
    Tokens *t);
SN_FUNC void snCutMiscBlanks(const u8 *p, size_t n, Tokens *t);
SN_FUNC void snCutMiscWhole(const u8 *p, size_t n, Tokens *t);

/* ---- From stop_words.c -------------------------------------------------- */

/* Up to 8 bytes of a word as a number; the bytes behind it are 0. */
SN_FUNC u64 snStopWordsKey(const char *p, u32 n);
/* Fills a table of TEXT_STOPS slots that are 0. */
SN_FUNC void snStopWordsFill(u32 list, u64 *slots);
static inline u32 snStopWordsSlot(u64 key) {
  return (u32)((key * 0x9e3779b97f4a7c15ull) >> 55);
}

/* ---- From filter.c ------------------------------------------------------ */

/* Each works on the tokens from `first` on. */
SN_FUNC void snFilterPossessive(Tokens *t, u32 first);
SN_FUNC void snFilterElision(Tokens *t, u32 first);
SN_FUNC void snFilterStop(const u64 *slots, Tokens *t, u32 first);
SN_FUNC void snFilterFold(Tokens *t, u32 first);
SN_FUNC void snFilterStem(FilterStemmer *s, Tokens *t, u32 first);
/* The k-th language that libstemmer knows, or NULL. */
SN_FUNC const char *snFilterLanguage(u32 k);
SN_FUNC int snFilterStemmerNew(Budget *b, const char *language,
    FilterStemmer **out);
SN_FUNC void snFilterStemmerFree(FilterStemmer *s);

#endif
