/*
** filter: what happens to tokens after the cut.
**
** (1) A token is shortened by its len, moved by its at, or gets new bytes
**     behind the others; bytes that are there are never changed, since
**     tokens may share them (tokens.c).
** (2) A token that is taken out leaves its position free.
** (3) from and to stay those of the whole source word.
** (4) A token that would grow over 255 bytes is clipped.
** (5) Stems are remembered: a table of 8,192 slots per language, one word a
**     slot, the last one wins.  So memory and the harm of hostile words are
**     bounded, and nearly all words of real text are found there.
*/
#include "text/textInt.h"
#include <libstemmer.h>

#define FILTER_SLOT_BITS 13
#define FILTER_WORD      24u /* longer words are not remembered */
#define FILTER_TAIL      5u

/* The stem is the first `keep` bytes of the word and then the tail. */
typedef struct FilterSlot {
  u64 word[3];
  u8 len, keep, tail_len; /* len 0: free */
  u8 tail[FILTER_TAIL];
} FilterSlot;

struct FilterStemmer {
  struct sb_stemmer *sb;
  FilterSlot slots[1u << FILTER_SLOT_BITS];
};

/* From byte 24 - n on: n bytes of ones, then zeros. */
static const u8 filterOnes[48] =
    "\377\377\377\377\377\377\377\377\377\377\377\377"
    "\377\377\377\377\377\377\377\377\377\377\377\377";

static inline u64 filterLoad(const u8 *p, u32 len, u32 i) {
  return snGet64(p + 8 * i) & snGet64(filterOnes + FILTER_WORD - len + 8 * i);
}

/* Bytes of the apostrophe at p: ', ’ or ＇; 0 when there is none. */
static u32 filterQuote(const u8 *p, size_t n) {
  if (p[0] == '\'') return 1;
  if (n < 3 || p[0] < 0xe2) return 0;
  return !memcmp(p, "\xe2\x80\x99", 3) || !memcmp(p, "\xef\xbc\x87", 3) ? 3
                                                                        : 0;
}

void snFilterPossessive(Tokens *t, u32 first) {
  for (u32 i = first; i < t->n; i++) {
    u32 n = t->len[i];
    const u8 *p = t->bytes.data + t->at[i];
    if (p[n - 1] != 's') continue;
    if (n > 2 && filterQuote(p + n - 2, 1)) t->len[i] = n - 2;
    else if (n > 4 && filterQuote(p + n - 4, 3) == 3) t->len[i] = n - 4;
  }
}

static bool filterElides(const u8 *p, u32 n) {
  static const char *const words[] = {
      "l", "d", "qu", "c", "j", "m", "n", "s", "t",
      "jusqu", "quoiqu", "lorsqu", "puisqu",
  };
  for (u32 i = 0; i < SN_COUNT(words); i++) {
    if (strlen(words[i]) == n && !memcmp(words[i], p, n)) return true;
  }
  return false;
}

void snFilterElision(Tokens *t, u32 first) {
  for (u32 i = first; i < t->n; i++) {
    u32 n = t->len[i], k = 1, quote = 0;
    const u8 *p = t->bytes.data + t->at[i];
    while (k < n && k <= 6 && (quote = filterQuote(p + k, n - k)) == 0) k++;
    if (!quote || k + quote >= n || !filterElides(p, k)) continue;
    t->at[i] += k + quote;
    t->len[i] -= k + quote;
  }
}

static inline void filterMove(Tokens *t, u32 to, u32 i) {
  t->at[to] = t->at[i];
  t->len[to] = t->len[i];
  t->pos[to] = t->pos[i];
  t->from[to] = t->from[i];
  t->to[to] = t->to[i];
}

static inline bool filterIsStop(const u64 *slots, u64 key) {
  u32 i = snStopWordsSlot(key);
  for (; slots[i]; i = (i + 1) % TEXT_STOPS) {
    if (slots[i] == key) return true;
  }
  return false;
}

void snFilterStop(const u64 *slots, Tokens *t, u32 first) {
  u32 to = first;
  for (u32 i = first; i < t->n; i++) {
    u32 n = t->len[i];
    filterMove(t, to, i);
    to += n > 8 ||
        !filterIsStop(slots, filterLoad(t->bytes.data + t->at[i], n, 0));
  }
  t->n = to;
}

static bool filterIsAscii(const u8 *p, u32 n) {
  u8 all = 0;
  for (u32 i = 0; i < n; i++) all |= p[i];
  return all < 0x80;
}

/* The text is folded from a copy: the buffer may move while it grows. */
void snFilterFold(Tokens *t, u32 first) {
  char word[TEXT_WORD_MAX + 1];
  u32 to = first;
  for (u32 i = first; i < t->n && !t->rc; i++) {
    u32 n = t->len[i];
    const u8 *p = t->bytes.data + t->at[i];
    size_t at = t->bytes.n;
    filterMove(t, to, i);
    if (filterIsAscii(p, n) || n > TEXT_WORD_MAX) {
      to++;
      continue;
    }
    memcpy(word, p, n);
    snUtfFold(&t->bytes, word, n);
    if (t->bytes.rc) t->rc = t->bytes.rc;
    else if (t->bytes.n > UINT32_MAX) t->rc = SEINE_TOOBIG;
    if (t->rc || t->bytes.n == at) continue;
    t->at[to] = (u32)at;
    t->len[to] = snTokensClip(t->bytes.data + at, t->bytes.n - at);
    to++;
  }
  t->n = to;
}

/* ---- Stems -------------------------------------------------------------- */

const char *snFilterLanguage(u32 k) {
  const char **list = sb_stemmer_list();
  u32 i = 0;
  while (i < k && list[i]) i++;
  return list[i];
}

int snFilterStemmerNew(Budget *b, const char *language, FilterStemmer **out) {
  FilterStemmer *s;
  *out = NULL;
  s = snMemZero(b, sizeof *s);
  if (!s) return SN_NOMEM;
  s->sb = sb_stemmer_new(language, "UTF_8");
  if (!s->sb) {
    snMemFree(s);
    return SN_NOMEM;
  }
  *out = s;
  return SEINE_OK;
}

void snFilterStemmerFree(FilterStemmer *s) {
  if (!s) return;
  sb_stemmer_delete(s->sb);
  snMemFree(s);
}

/* Token i becomes its first `keep` bytes and the tail. */
static void filterReplace(Tokens *t, u32 i, u32 keep, const u8 *tail, u32 n) {
  size_t at = t->bytes.n;
  if (!n) {
    t->len[i] = keep;
    return;
  }
  if (!snTokensRoom(t, keep + n)) return;
  if (at + keep + n > UINT32_MAX) {
    t->rc = SEINE_TOOBIG;
    return;
  }
  memcpy(t->bytes.data + at, t->bytes.data + t->at[i], keep);
  memcpy(t->bytes.data + at + keep, tail, n);
  t->bytes.n += keep + n;
  t->at[i] = (u32)at;
  t->len[i] = snTokensClip(t->bytes.data + at, keep + n);
}

/* Asks libstemmer; slot may be NULL. */
static void filterStemOne(FilterStemmer *s, Tokens *t, u32 i,
    FilterSlot *slot) {
  const u8 *p = t->bytes.data + t->at[i], *stem;
  u32 len = t->len[i], n, keep = 0;
  stem = sb_stemmer_stem(s->sb, p, (int)len);
  if (!stem) {
    t->rc = SN_NOMEM;
    return;
  }
  n = (u32)sb_stemmer_length(s->sb);
  if (!n) {
    stem = p;
    n = len;
  }
  while (keep < n && keep < len && stem[keep] == p[keep]) keep++;
  if (slot && n - keep <= FILTER_TAIL) {
    for (u32 k = 0; k < 3; k++) slot->word[k] = filterLoad(p, len, k);
    slot->len = (u8)len;
    slot->keep = (u8)keep;
    slot->tail_len = (u8)(n - keep);
    memcpy(slot->tail, stem + keep, n - keep);
  }
  filterReplace(t, i, keep, stem + keep, n - keep);
}

void snFilterStem(FilterStemmer *s, Tokens *t, u32 first) {
  for (u32 i = first; i < t->n && !t->rc; i++) {
    u32 n = t->len[i];
    const u8 *p = t->bytes.data + t->at[i];
    FilterSlot *slot;
    u64 a, b, c;
    if (n > FILTER_WORD) {
      filterStemOne(s, t, i, NULL);
      continue;
    }
    a = filterLoad(p, n, 0);
    b = filterLoad(p, n, 1);
    c = filterLoad(p, n, 2);
    slot = &s->slots[snHashInt(a + b * 31 + c * 0x9e3779b97f4a7c15ull) >>
        (64 - FILTER_SLOT_BITS)];
    if (slot->len == n && slot->word[0] == a && slot->word[1] == b &&
        slot->word[2] == c) {
      filterReplace(t, i, slot->keep, slot->tail, slot->tail_len);
    } else {
      filterStemOne(s, t, i, slot);
    }
  }
}

#undef FILTER_SLOT_BITS
#undef FILTER_WORD
#undef FILTER_TAIL
