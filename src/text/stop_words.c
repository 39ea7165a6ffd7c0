/*
** stop_words: the words that say nothing, by language.
**
** (1) No word has more than 8 bytes, so a word is one 64-bit key, and a list
**     is an open table of TEXT_STOPS keys (0 = free), at most half full.
** (2) The words are lower case and, in French, without elided articles.
*/
#include "text/textInt.h"

static const char *const stopWordsLists[TEXT_STOP_LISTS] = {
    /* The classic 33 of Lucene. */
    "a an and are as at be but by for if in into is it no not of on or such "
    "that the their then there these they this to was will with",

    /* Articles, prepositions, conjunctions. */
    "au aux avec dans de des du en et la le les mais ou par pas pour qu que "
    "qui sans sur un une ne ici à y "
    /* What elision leaves when it stands alone. */
    "c d j l m n s t "
    /* Pronouns. */
    "je tu il elle nous vous ils eux on me te se moi toi soi lui leur leurs "
    "mon ma mes ton ta tes son sa ses notre nos votre vos "
    "ce ces cet cette ceci cela celà quel quels quelle quelles même "
    /* Forms of to be. */
    "été étée étées étés étant étante étants étantes suis es est sommes êtes "
    "sont serai seras sera serons serez seront serais serait serions seriez "
    "seraient étais était étions étiez étaient fus fut fûmes fûtes furent "
    "sois soit soyons soyez soient fusse fusses fût fussions fussiez "
    "fussent "
    /* Forms of to have. */
    "ayant ayante ayantes ayants eu eue eues eus ai as avons avez ont aurai "
    "auras aura aurons aurez auront aurais aurait aurions auriez auraient "
    "avais avait avions aviez avaient eut eûmes eûtes eurent aie aies ait "
    "ayons ayez aient a eusse eusses eût eussions eussiez eussent",
};

i32 snStopWordsList(const char *p, size_t n) {
  static const char *const names[TEXT_STOP_LISTS] = {"english", "french"};
  for (u32 i = 0; i < TEXT_STOP_LISTS; i++)
    if (snAsciiEq(p, n, names[i], strlen(names[i]))) return (i32)i;
  return -1;
}

u64 snStopWordsKey(const char *p, u32 n) {
  u64 key = 0;
  assert(n > 0 && n <= 8);
  memcpy(&key, p, n);
  return key;
}

void snStopWordsFill(u32 list, u64 *slots) {
  const char *p = stopWordsLists[list];
  while (*p) {
    u32 n = (u32)strcspn(p, " ");
    u64 key = snStopWordsKey(p, n);
    u32 i = snStopWordsSlot(key);
    while (slots[i] && slots[i] != key) i = (i + 1) % TEXT_STOPS;
    slots[i] = key;
    p += n;
    while (*p == ' ') p++;
  }
}
