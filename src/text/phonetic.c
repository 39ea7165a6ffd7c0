/*
** phonetic: words by their sound: Metaphone for English, the Cologne method
** for German.
**
** (1) A code is made of ASCII letters and digits.  Of a word that does not
**     begin with a letter they know, none is made: the word stays.
** (2) Letters they do not know are passed over: they part nothing.
** (3) A word has 255 bytes, so has its copy of letters.
*/
#include "text/textInt.h"

#define PHONETIC_CODE 4u /* letters of a code of Metaphone */

enum { PHONETIC_METAPHONE, PHONETIC_COLOGNE, PHONETIC_KINDS };

const char *snPhoneticMake(ChainStep *s) {
  static const char *const names[PHONETIC_KINDS] = {"metaphone", "cologne"};
  const ChainWord *w = s->word;
  for (s->num[0] = 0; s->num[0] < PHONETIC_KINDS; s->num[0]++) {
    const char *name = names[s->num[0]];
    if (snAsciiEq(w->p, w->n, name, strlen(name))) return NULL;
  }
  return "'metaphone' and 'cologne' are known (soundex is a filter of its "
         "own)";
}

/* ---- Metaphone ---------------------------------------------------------- */

/* The letters of a word in capitals, with zeros behind and one before. */
typedef struct PhoneticWord {
  char room[TEXT_WORD_MAX + 8];
  char *p;
  u32 n;
} PhoneticWord;

static bool phoneticIn(char c, const char *set) {
  return c && strchr(set, c);
}

static bool phoneticVowel(char c) {
  return phoneticIn(c, "AEIOU");
}

static bool phoneticFront(char c) {
  return phoneticIn(c, "EIY");
}

static bool phoneticIs(const char *p, const char *text) {
  return !strncmp(p, text, strlen(text));
}

static void phoneticLetters(PhoneticWord *w, const char *p, size_t n) {
  memset(w, 0, sizeof *w);
  w->p = w->room + 1;
  for (size_t i = 0; i < n && w->n < TEXT_WORD_MAX; i++)
    if ((u8)((p[i] | 0x20) - 'a') < 26) w->p[w->n++] = (char)(p[i] & ~0x20);
}

/* Letters at the begin that are not heard, or stand for another one. */
static const char *phoneticBegin(PhoneticWord *w) {
  char *p = w->p;
  if (phoneticIs(p, "KN") || phoneticIs(p, "GN") || phoneticIs(p, "PN") ||
      phoneticIs(p, "AE") || phoneticIs(p, "WR")) {
    *p++ = 0;
  } else if (phoneticIs(p, "WH")) {
    p[1] = 'W';
    *p++ = 0;
  } else if (*p == 'X') {
    *p = 'S';
  }
  return p;
}

static char phoneticC(const char *p, bool first) {
  if (phoneticFront(p[1]))
    return p[-1] == 'S' ? 0 : phoneticIs(p, "CIA") ? 'X' : 'S';
  if (p[1] != 'H') return 'K';
  if (p[-1] == 'S' || (first && p[2] && !phoneticVowel(p[2]))) return 'K';
  return 'X';
}

static char phoneticG(const char *p) {
  if (p[1] == 'H' && !phoneticVowel(p[2])) return 0;
  if (phoneticIs(p, "GN") && (!p[2] || (phoneticIs(p + 2, "ED") && !p[4])))
    return 0;
  if (p[-1] == 'D' && phoneticFront(p[1])) return 0; /* D has said it */
  return phoneticFront(p[1]) && p[-1] != 'G' ? 'J' : 'K';
}

static char phoneticT(const char *p) {
  if (phoneticIs(p, "TIA") || phoneticIs(p, "TIO")) return 'X';
  if (phoneticIs(p, "TCH")) return 0;
  return p[1] == 'H' ? '0' : 'T';
}

/* The sound of the letter at p, or 0 when it is not heard. */
static char phoneticSound(const char *p, bool first) {
  switch (*p) {
    case 'A': case 'E': case 'I': case 'O': case 'U':
      return first ? *p : 0;
    case 'B': return p[-1] == 'M' && !p[1] ? 0 : 'B';
    case 'C': return phoneticC(p, first);
    case 'D': return p[1] == 'G' && phoneticFront(p[2]) ? 'J' : 'T';
    case 'G': return phoneticG(p);
    case 'H':
      return phoneticVowel(p[1]) && !phoneticIn(p[-1], "CSPTG") ? 'H' : 0;
    case 'K': return p[-1] == 'C' ? 0 : 'K';
    case 'P': return p[1] == 'H' ? 'F' : 'P';
    case 'Q': return 'K';
    case 'S':
      return p[1] == 'H' || phoneticIs(p, "SIO") || phoneticIs(p, "SIA")
          ? 'X' : 'S';
    case 'T': return phoneticT(p);
    case 'V': return 'F';
    case 'W': case 'Y': return phoneticVowel(p[1]) ? *p : 0;
    case 'Z': return 'S';
    default: return *p; /* F J L M N R */
  }
}

static void phoneticMetaphone(Buf *out, const char *text, size_t n) {
  PhoneticWord w;
  char code[PHONETIC_CODE + 1];
  u32 k = 0;
  phoneticLetters(&w, text, n);
  const char *start = phoneticBegin(&w), *p = start;
  for (; *p && k < PHONETIC_CODE; p++) {
    if (p > start && *p == p[-1] && *p != 'C') continue;
    char sound = *p == 'X' ? 'K' : phoneticSound(p, p == start);
    if (sound) code[k++] = sound;
    if (*p == 'X' && k < PHONETIC_CODE) code[k++] = 'S';
  }
  if (k && (u8)((text[0] | 0x20) - 'a') < 26) snBufAdd(out, code, k);
  else snBufAdd(out, text, n);
}

/* ---- Cologne ------------------------------------------------------------ */

/* A letter of German as one capital of ASCII; 0: passed over. */
static char phoneticGerman(const u8 *p, const u8 *end, u32 *len) {
  u32 c = snUtfGet(p, end, len);
  if (c < 0x80) return (u8)((c | 0x20) - 'a') < 26 ? (char)(c & 0x5f) : 0;
  switch (c) {
    case 0xc4: case 0xe4: return 'A';
    case 0xd6: case 0xf6: return 'O';
    case 0xdc: case 0xfc: return 'U';
    case 0xdf: case 0x1e9e: return 'S';
    default: return 0;
  }
}

/* The digits of a letter between two others, 0 where there are none. */
static const char *phoneticDigits(char last, char c, char next) {
  switch (c) {
    case 'B': return "1";
    case 'P': return next == 'H' ? "3" : "1";
    case 'D': case 'T': return phoneticIn(next, "CSZ") ? "8" : "2";
    case 'F': case 'V': case 'W': return "3";
    case 'G': case 'K': case 'Q': return "4";
    case 'C':
      if (!last) return phoneticIn(next, "AHKLOQRUX") ? "4" : "8";
      return phoneticIn(next, "AHKOQUX") && !phoneticIn(last, "SZ") ? "4"
                                                                    : "8";
    case 'X': return phoneticIn(last, "CKQ") ? "8" : "48";
    case 'L': return "5";
    case 'M': case 'N': return "6";
    case 'R': return "7";
    case 'S': case 'Z': return "8";
    case 'H': return "";
    default: return "0"; /* vowels, J and Y */
  }
}

/* Equal digits in a row are one; then zeros go, but for the first. */
static void phoneticCologne(Buf *out, const char *text, size_t n) {
  const u8 *p = (const u8 *)text, *end = p + n;
  char letter[TEXT_WORD_MAX + 1], last = 0;
  u32 len, m = 0;
  size_t at = out->n;
  for (; p < end && m < TEXT_WORD_MAX; p += len) {
    char c = phoneticGerman(p, end, &len);
    if (c) letter[m++] = c;
    else if (p == (const u8 *)text) break; /* invariant (1) */
  }
  letter[m] = 0;
  for (u32 i = 0; i < m; i++) {
    const char *d = phoneticDigits(i ? letter[i - 1] : 0, letter[i],
        letter[i + 1]);
    for (; *d; last = *d++)
      if (*d != last && (*d != '0' || out->n == at)) snBufByte(out, (u8)*d);
  }
  if (out->n == at) snBufAdd(out, text, n);
}

void snPhonetic(Cutter *c, const ChainStep *s, Tokens *t, u32 first) {
  (void)c;
  snFilterMap(t, first, true, s->num[0] == PHONETIC_COLOGNE
      ? phoneticCologne : phoneticMetaphone);
}

#undef PHONETIC_CODE
