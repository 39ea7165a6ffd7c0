/*
** textInt: what the files of this room share.
**
** A text goes through the character filters of its analyzer (chars.c), one
** cutter (cut_word.re, cut_misc.c, cut_net.c) and then the token filters,
** each of which runs once over all tokens of the text.  Nobody allocates per
** token.
*/
#ifndef SN_TEXT_INT_H
#define SN_TEXT_INT_H
#include "text/text.h"

#define TEXT_WORD_MAX 255u        /* bytes of a token */
#define TEXT_MAX      0x40000000u /* bytes of all texts of one Tokens */
#define TEXT_PAD      32u         /* readable bytes behind the tokens */
#define TEXT_STOPS    512u        /* slots of a table of stop words */
#define TEXT_LANGS    64u         /* languages of libstemmer, at most */
#define TEXT_CHAIN    65536u      /* bytes of a chain */
#define TEXT_STEPS    64u
/* What filters may make of n bytes of text: tokens. */
#define TEXT_TOKENS(n) (65536u + 64u * (u64)(n))

enum { TEXT_WORDS, TEXT_LETTERS }; /* cutters of cut_word.re ... */
#define TEXT_AS_IT_IS 2u           /* ... flag: the case is kept */
enum { TEXT_ENGLISH, TEXT_FRENCH, TEXT_STOP_LISTS };

#define TEXT_PROTECTED 1u /* flag of a token: no stemming */

/* ---- From chain.c: the steps of an analyzer ----------------------------- */

typedef struct ChainStep ChainStep;
typedef enum ChainKind { CHAIN_CHARS, CHAIN_CUT, CHAIN_FILTER } ChainKind;
#define CHAIN_BLIND 1u /* does the same before and after lowercase */
#define CHAIN_FOLDS 2u /* is part of the folding of a prefix */
#define CHAIN_GROWS 4u /* may give more tokens than it takes */
#define CHAIN_FLAGS 8u /* marks tokens */
typedef struct ChainPart {
  const char *name;
  u8 kind, flags;
  const char *args; /* n number, w words, ? what follows may be left out,
                    ** + the last one may be repeated */
  /* Looks at the arguments; says what is wrong with them. */
  const char *(*make)(ChainStep *s);
  void (*cut)(Cutter *c, const ChainStep *s, const u8 *p, size_t n,
      Tokens *t);
  void (*filter)(Cutter *c, const ChainStep *s, Tokens *t, u32 first);
  void (*point)(Buf *out, const char *p, size_t n); /* of FOLDS, or NULL */
} ChainPart;

typedef struct ChainWord { const char *p; u32 n; } ChainWord;
struct ChainStep {
  const ChainPart *part;
  u32 num[2], nnum;   /* numbers given, or their defaults */
  ChainWord *word;    /* texts given, in the arena of the analyzer */
  u32 nword, word_cap;
  StrSet set;         /* the words, when make() asked for a set */
  u32 *to;            /* of rules a => b: by word of set, number of b */
  StrSet out;
  IntSet edge;        /* trees of words (synonym.c) */
  u32 *data, ndata, data_cap;
  Regex **regex;      /* of patterns (cut_pattern.c) */
  u32 nregex;
  i32 list;           /* of stop: number of a built-in list, or -1 */
  u32 language;       /* of stem */
  bool lower;         /* tokens are in lower case already */
  int rc;             /* of make(): NOMEM */
};

struct Analyzer {
  Arena arena;
  char *text;
  size_t text_len;
  ChainStep *step;
  u32 n, nchars;      /* character filters stand first, then the cutter */
  bool grows, flags;
};

/* Parses a chain into a; err as snAnalyzerNew(). */
SN_FUNC int snChainParse(Analyzer *a, const char *p, size_t n,
    ChainError *err);
SN_FUNC void snChainFree(ChainStep *s);
/* The words as a set, in s->set. */
SN_FUNC const char *snChainSet(ChainStep *s);
/* "a => b": true when the text has an arrow, whose sides come without blanks
** around. */
SN_FUNC bool snChainArrow(const char *p, u32 n, ChainWord *left,
    ChainWord *right);

/* Makes the step replace one word by another; *cap: of s->to. */
SN_FUNC void snChainReplace(ChainStep *s, const ChainWord *from,
    const ChainWord *to, u32 *cap);

/* ---- From analyzer.c ---------------------------------------------------- */

/* Source places of a text that character filters made: chars.c. */
typedef struct CharsPiece { u32 out, from, to; } CharsPiece;
typedef struct CharsText {
  Buf text;
  CharsPiece *piece;
  u32 n, cap;
} CharsText;

typedef struct FilterStemmer FilterStemmer;
#define TEXT_KEPT 16u /* analyzers that a cutter keeps */
struct Cutter {
  Budget *budget;
  Analyzer *kept[TEXT_KEPT]; /* the last ones asked for, newest first */
  u32 nkept;
  FilterStemmer *stem[TEXT_LANGS]; /* made at first use */
  u64 stops[TEXT_STOP_LISTS][TEXT_STOPS];
  bool has_stops[TEXT_STOP_LISTS];
  Tokens spare;     /* what a filter that makes other tokens has taken */
  Buf word;
  CharsText chars[TEXT_STEPS]; /* by character filter */
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
/* For filters that make other tokens: Lift moves those from `first` on to the
** spare ones, without their bytes; Copy enters token i of them again.  Put
** enters bytes of t at a position and gives the token the rest of i. */
SN_FUNC bool snTokensLift(Tokens *t, u32 first, Tokens *spare);
SN_FUNC void snTokensCopy(Tokens *t, const Tokens *spare, u32 i, u32 pos);
SN_FUNC void snTokensPut(Tokens *t, const Tokens *spare, u32 i, size_t at,
    size_t n, u32 pos);
/* Source bytes of a part of token i, told when the token is as long as its
** source: else they are those of the whole. */
SN_FUNC void snTokensPart(Tokens *t, const Tokens *spare, u32 i, u32 skip,
    u32 n);
/* Token i becomes number `to` <= i. */
static inline void snTokensMove(Tokens *t, u32 to, u32 i) {
  t->at[to] = t->at[i];
  t->len[to] = t->len[i];
  t->pos[to] = t->pos[i];
  t->from[to] = t->from[i];
  t->to[to] = t->to[i];
}
/* ... with its flag. */
static inline void snTokensTake(Tokens *t, u32 to, u32 i) {
  snTokensMove(t, to, i);
  if (t->flagged) t->flag[to] = t->flag[i];
}
/* Bytes of the character at p. */
static inline u32 snTokensChar(const u8 *p, const u8 *end) {
  u32 n = 1;
  while (p + n < end && (p[n] & 0xc0) == 0x80) n++;
  return n;
}

/* ---- From cut_word.re, cut_misc.c and cut_net.c ------------------------- */

SN_FUNC void snCutWord(const Cutter *c, u32 cut, const u8 *p, size_t n,
    Tokens *t);
typedef void CutFn(Cutter *c, const ChainStep *s, const u8 *p, size_t n,
    Tokens *t);
SN_FUNC CutFn snCutMiscBlanks, snCutMiscWhole, snCutMiscSplit, snCutMiscPath,
    snCutMiscNgram, snCutMiscEdge, snCutNetUrl;
SN_FUNC const char *snCutMiscPathMake(ChainStep *s);

/* ---- From cut_pattern.c and cut_classic.c ------------------------------- */

SN_FUNC CutFn snCutPattern, snCutClassic;
SN_FUNC void snCutPatternReplace(Cutter *c, const ChainStep *s, Tokens *t,
    u32 first);
SN_FUNC void snCutPatternCapture(Cutter *c, const ChainStep *s, Tokens *t,
    u32 first);
SN_FUNC const char *snCutPatternMake(ChainStep *s);
SN_FUNC const char *snCutPatternReplaceMake(ChainStep *s);
SN_FUNC const char *snCutPatternCaptureMake(ChainStep *s);
/* Appends what the match of a scan becomes. */
SN_FUNC int snCutPatternPut(const ChainStep *s, RegexScan *scan, Buf *out);

/* ---- From chars.c: character filters ------------------------------------ */

/* The text behind the character filters, in c; *n is its length. */
SN_FUNC const u8 *snCharsRun(Cutter *c, const Analyzer *a, const u8 *p,
    size_t *n, int *rc);
/* Gives the tokens from `first` on their places in the source. */
SN_FUNC void snCharsBack(const Cutter *c, const Analyzer *a, Tokens *t,
    u32 first);
SN_FUNC const char *snCharsMappingMake(ChainStep *s);

/* ---- From stop_words.c -------------------------------------------------- */

/* Up to 8 bytes of a word as a number; the bytes behind it are 0. */
SN_FUNC u64 snStopWordsKey(const char *p, u32 n);
/* Fills a table of TEXT_STOPS slots that are 0. */
SN_FUNC void snStopWordsFill(u32 list, u64 *slots);
SN_FUNC i32 snStopWordsList(const char *p, size_t n); /* -1: none */
/* Adds the words of one of the other lists; false: there is none of that
** name.  More is the name of the k-th one, NULL behind the last. */
SN_FUNC bool snStopWordsAdd(const char *p, size_t n, StrSet *set);
SN_FUNC const char *snStopWordsMore(u32 k);
static inline u32 snStopWordsSlot(u64 key) {
  return (u32)((key * 0x9e3779b97f4a7c15ull) >> 55);
}

/* ---- From filter.c, filter_edit.c, filter_grow.c, synonym.c ------------- */

/* Each works on the tokens from `first` on. */
typedef void FilterFn(Cutter *c, const ChainStep *s, Tokens *t, u32 first);
typedef const char *FilterMake(ChainStep *s);
SN_FUNC FilterFn snFilterPossessive, snFilterElision, snFilterStop,
    snFilterFold, snFilterStem, snFilterLower, snFilterUpper;
SN_FUNC FilterMake snFilterStopMake, snFilterStemMake, snFilterElisionMake;
SN_FUNC void snFilterMap(Tokens *t, u32 first, bool ascii,
    void (*map)(Buf *out, const char *p, size_t n));
/* The k-th language that libstemmer knows, or NULL. */
SN_FUNC const char *snFilterLanguage(u32 k);
SN_FUNC int snFilterStemmerNew(Budget *b, const char *language,
    FilterStemmer **out);
SN_FUNC void snFilterStemmerFree(FilterStemmer *s);

SN_FUNC FilterFn snFilterEditLength, snFilterEditTruncate,
    snFilterEditReverse, snFilterEditTrim, snFilterEditUnique,
    snFilterEditLimit, snFilterEditKeep, snFilterEditMark,
    snFilterEditOverride, snFilterEditApostrophe, snFilterEditClassic,
    snFilterEditDigits, snFilterEditWidth, snFilterEditSoundex;
SN_FUNC FilterMake snFilterEditOverrideMake, snFilterEditRangeMake;
SN_FUNC void snFilterEditDigit(Buf *out, const char *p, size_t n);
SN_FUNC void snFilterEditWide(Buf *out, const char *p, size_t n);

SN_FUNC FilterFn snFilterGrowNgram, snFilterGrowEdge, snFilterGrowShingle,
    snFilterGrowCommon, snFilterGrowRepeat, snFilterGrowSplit,
    snFilterGrowDecompound, snFilterGrowPrint;
SN_FUNC FilterMake snFilterGrowNgramMake, snFilterGrowShingleMake;

SN_FUNC FilterFn snSynonym;
SN_FUNC FilterMake snSynonymMake;

/* ---- From phonetic.c ---------------------------------------------------- */

SN_FUNC FilterFn snPhonetic;
SN_FUNC FilterMake snPhoneticMake;

#endif
