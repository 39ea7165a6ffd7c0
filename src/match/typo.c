/*
** typo: how unlikely it is that a word was typed for a term.
**
** The sum of the slips that lead from the term to the word, in the way that
** costs least.  A cost is about -ln of how often the slip is made, against
** no slip; TYPO_END is added to a slip in the last character of both.  The
** costs were fitted to one half of the misspellings of codespell (see
** test/bench/typos.sh), rounded, and judged by the other half.
**
** (1) Lengths differ by at most TYPO_BAND characters, and no way on which one
**     side is further ahead is looked at.
*/
#include "match/matchInt.h"

#define TYPO_BAND     QUERY_EDITS_MAX
#define TYPO_CHARS    260u /* of a word; one that may be edited has fewer */
#define TYPO_EXCHANGE 3.5 /* two neighbours */
#define TYPO_EXTRA    6.0 /* a character too many ... */
#define TYPO_TWICE    4.0 /* ... that equals a neighbour */
#define TYPO_MISSING  3.0 /* one too few ... */
#define TYPO_ONCE     1.5 /* ... that equals a neighbour in the term */
#define TYPO_OTHER    6.5 /* another one ... */
#define TYPO_VOWEL    5.0 /* ... and both are vowels */
#define TYPO_END      2.5

typedef struct TypoWord {
  u32 c[TYPO_CHARS], n;
} TypoWord;

static void typoChars(TypoWord *w, const u8 *p, u32 n) {
  const u8 *end = p + n;
  w->n = 0;
  for (u32 len; p < end && w->n < TYPO_CHARS; p += len)
    w->c[w->n++] = snUtfGet(p, end, &len);
}

static bool typoVowel(u32 c) {
  return c < 128 && c && strchr("aeiouy", (int)c);
}

/* Does the character before end equal the next?  Of equal neighbours it does
** not matter which is the one too many, so the first is asked alone. */
static bool typoDouble(const TypoWord *w, u32 end) {
  return end < w->n && w->c[end] == w->c[end - 1];
}

/* The first i characters of the word from the first k of the term. */
static double typoCell(const TypoWord *word, const TypoWord *term, u32 i,
    u32 k, double cost[3][TYPO_CHARS + 2]) {
  const double *here = cost[i % 3], *before = cost[(i + 2) % 3];
  const u32 *a = word->c + i, *b = term->c + k;
  double end = i == word->n && k == term->n ? TYPO_END : 0, best = INFINITY;
  if (i) {
    double slip = typoDouble(word, i) ? TYPO_TWICE : TYPO_EXTRA;
    best = SN_MIN(best, before[k] + slip + end);
  }
  if (k) {
    double slip = typoDouble(term, k) ? TYPO_ONCE : TYPO_MISSING;
    best = SN_MIN(best, here[k - 1] + slip + end);
  }
  if (i && k) {
    bool vowels = typoVowel(a[-1]) && typoVowel(b[-1]);
    double slip = vowels ? TYPO_VOWEL : TYPO_OTHER;
    slip = a[-1] == b[-1] ? 0 : slip + end;
    best = SN_MIN(best, before[k - 1] + slip);
  }
  if (i > 1 && k > 1 && a[-1] == b[-2] && a[-2] == b[-1])
    best = SN_MIN(best, cost[(i + 1) % 3][k - 2] + TYPO_EXCHANGE);
  return best;
}

double snTypoCost(const u8 *p, u32 n, const u8 *term, u32 nterm) {
  double cost[3][TYPO_CHARS + 2];
  TypoWord a, b;
  typoChars(&a, p, n);
  typoChars(&b, term, nterm);
  for (u32 i = 0; i <= a.n; i++) {
    for (u32 k = 0; k <= b.n; k++) cost[i % 3][k] = INFINITY;
    u32 from = i > TYPO_BAND ? i - TYPO_BAND : 0;
    for (u32 k = from; k <= SN_MIN(b.n, i + TYPO_BAND); k++)
      cost[i % 3][k] = i + k ? typoCell(&a, &b, i, k, cost) : 0;
  }
  return cost[a.n % 3][b.n];
}

#undef TYPO_BAND
#undef TYPO_CHARS
#undef TYPO_EXCHANGE
#undef TYPO_EXTRA
#undef TYPO_TWICE
#undef TYPO_MISSING
#undef TYPO_ONCE
#undef TYPO_OTHER
#undef TYPO_VOWEL
#undef TYPO_END
