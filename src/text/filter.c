/*
** filter: what happens to tokens after the cut: the filters of the built-in
** chains.
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
#define FILTER_ARTICLE   16u /* bytes that an elided word has at most */

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

static inline u8 filterLower(u8 c) {
  return (u8)(c - 'A') < 26 ? c | 0x20 : c;
}

/* Bytes of the apostrophe at p: ', ’ or ＇; 0 when there is none. */
static u32 filterQuote(const u8 *p, size_t n) {
  if (p[0] == '\'') return 1;
  if (n < 3 || p[0] < 0xe2) return 0;
  return !memcmp(p, "\xe2\x80\x99", 3) || !memcmp(p, "\xef\xbc\x87", 3) ? 3
                                                                        : 0;
}

void snFilterPossessive(Cutter *c, const ChainStep *s, Tokens *t,
    u32 first) {
  (void)c, (void)s;
  for (u32 i = first; i < t->n; i++) {
    u32 n = t->len[i];
    const u8 *p = t->bytes.data + t->at[i];
    if (p[n - 1] != 's' && p[n - 1] != 'S') continue;
    if (n > 2 && filterQuote(p + n - 2, 1)) t->len[i] = n - 2;
    else if (n > 4 && filterQuote(p + n - 4, 3) == 3) t->len[i] = n - 4;
  }
}

/* Without words of its own it takes those of French. */
const char *snFilterElisionMake(ChainStep *s) {
  static const char *const french[] = {
      "l", "d", "qu", "c", "j", "m", "n", "s", "t",
      "jusqu", "quoiqu", "lorsqu", "puisqu",
  };
  for (u32 i = 0; !s->nword && i < SN_COUNT(french); i++)
    (void)snStrSetAdd(&s->set, french[i], (u32)strlen(french[i]));
  for (u32 i = 0; i < s->nword; i++) {
    char low[FILTER_ARTICLE];
    if (s->word[i].n > sizeof low) return "a word is longer than 16 bytes";
    for (u32 k = 0; k < s->word[i].n; k++)
      low[k] = (char)filterLower((u8)s->word[i].p[k]);
    (void)snStrSetAdd(&s->set, low, s->word[i].n);
  }
  for (u32 i = 0; i < s->set.n; i++) /* the longest */
    s->num[0] = SN_MAX(s->num[0], s->set.refs[i].n);
  s->rc = s->set.rc;
  return NULL;
}

/* Articles are met in any case; letters beyond ASCII as they are written. */
static bool filterElides(const StrSet *set, const u8 *p, u32 n) {
  u8 low[FILTER_ARTICLE];
  for (u32 i = 0; i < n; i++) low[i] = filterLower(p[i]);
  return snStrSetFind(set, low, n) != UINT32_MAX;
}

void snFilterElision(Cutter *c, const ChainStep *s, Tokens *t, u32 first) {
  (void)c;
  for (u32 i = first; i < t->n; i++) {
    u32 n = t->len[i], k = 1, quote = 0;
    const u8 *p = t->bytes.data + t->at[i];
    while (k < n && k <= s->num[0] &&
        (quote = filterQuote(p + k, n - k)) == 0) k++;
    if (!quote || k + quote >= n || !filterElides(&s->set, p, k)) continue;
    t->at[i] += k + quote;
    t->len[i] -= k + quote;
  }
}

/* ---- Stop words --------------------------------------------------------- */

const char *snFilterStopMake(ChainStep *s) {
  if (s->nword == 1) s->list = snStopWordsList(s->word[0].p, s->word[0].n);
  if (s->list >= 0) return NULL;
  if (s->nword > 1 || !snStopWordsAdd(s->word[0].p, s->word[0].n, &s->set))
    return snChainSet(s);
  s->rc = s->set.rc;
  return NULL;
}

static inline bool filterIsStop(const u64 *slots, u64 key) {
  u32 i = snStopWordsSlot(key);
  for (; slots[i]; i = (i + 1) % TEXT_STOPS) {
    if (slots[i] == key) return true;
  }
  return false;
}

static void filterStopList(const u64 *slots, Tokens *t, u32 first) {
  u32 to = first;
  for (u32 i = first; i < t->n; i++) {
    u32 n = t->len[i];
    snTokensMove(t, to, i);
    to += n > 8 ||
        !filterIsStop(slots, filterLoad(t->bytes.data + t->at[i], n, 0));
  }
  t->n = to;
}

static void filterStopSet(const u64 *slots, const StrSet *set, Tokens *t,
    u32 first) {
  u32 to = first;
  for (u32 i = first; i < t->n; i++) {
    const u8 *p = t->bytes.data + t->at[i];
    u32 n = t->len[i];
    snTokensTake(t, to, i);
    if (slots) to += n > 8 || !filterIsStop(slots, filterLoad(p, n, 0));
    else to += snStrSetFind(set, p, n) == UINT32_MAX;
  }
  t->n = to;
}

void snFilterStop(Cutter *c, const ChainStep *s, Tokens *t, u32 first) {
  u64 *slots = s->list < 0 ? NULL : c->stops[s->list];
  if (slots && !c->has_stops[s->list]) {
    snStopWordsFill((u32)s->list, slots);
    c->has_stops[s->list] = true;
  }
  if (slots && !t->flagged) filterStopList(slots, t, first);
  else filterStopSet(slots, &s->set, t, first);
}

/* ---- Case and folding --------------------------------------------------- */

static bool filterIsAscii(const u8 *p, u32 n) {
  u8 all = 0;
  for (u32 i = 0; i < n; i++) all |= p[i];
  return all < 0x80;
}

/* Each word is what map() makes of it.  It is read from a copy: the buffer may
** move while it grows. */
void snFilterMap(Tokens *t, u32 first, bool ascii,
    void (*map)(Buf *out, const char *p, size_t n)) {
  char word[TEXT_WORD_MAX + 1];
  u32 to = first;
  for (u32 i = first; i < t->n && !t->rc; i++) {
    u32 n = t->len[i];
    const u8 *p = t->bytes.data + t->at[i];
    size_t at = t->bytes.n;
    snTokensTake(t, to, i);
    if ((!ascii && filterIsAscii(p, n)) || n > TEXT_WORD_MAX) {
      to++;
      continue;
    }
    memcpy(word, p, n);
    map(&t->bytes, word, n);
    if (t->bytes.rc) t->rc = t->bytes.rc;
    else if (t->bytes.n > UINT32_MAX) t->rc = SEINE_TOOBIG;
    if (t->rc || t->bytes.n == at) continue;
    t->at[to] = (u32)at;
    t->len[to] = snTokensClip(t->bytes.data + at, t->bytes.n - at);
    to++;
  }
  if (!t->rc) t->n = to;
}

void snFilterFold(Cutter *c, const ChainStep *s, Tokens *t, u32 first) {
  (void)c;
  snFilterMap(t, first, !s->num[0], snUtfFold);
}

void snFilterLower(Cutter *c, const ChainStep *s, Tokens *t, u32 first) {
  (void)c, (void)s;
  snFilterMap(t, first, true, snUtfLower);
}

void snFilterUpper(Cutter *c, const ChainStep *s, Tokens *t, u32 first) {
  (void)c, (void)s;
  snFilterMap(t, first, true, snUtfUpper);
}

/* ---- Stems -------------------------------------------------------------- */

const char *snFilterLanguage(u32 k) {
  const char **list = sb_stemmer_list();
  u32 i = 0;
  while (i < k && list[i]) i++;
  return list[i];
}

const char *snFilterStemMake(ChainStep *s) {
  const char *name;
  for (u32 k = 0; k < TEXT_LANGS && (name = snFilterLanguage(k)); k++) {
    s->language = k;
    if (snAsciiEq(s->word[0].p, s->word[0].n, name, strlen(name)))
      return NULL;
  }
  return "there is no stemmer for that language (PRAGMA analyzers shows "
         "those that there are)";
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

static void filterStem(FilterStemmer *s, Tokens *t, u32 first) {
  for (u32 i = first; i < t->n && !t->rc; i++) {
    u32 n = t->len[i];
    const u8 *p = t->bytes.data + t->at[i];
    FilterSlot *slot;
    u64 a, b, c;
    if (t->flagged && (t->flag[i] & TEXT_PROTECTED)) continue;
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

void snFilterStem(Cutter *c, const ChainStep *s, Tokens *t, u32 first) {
  FilterStemmer **stem = &c->stem[s->language];
  if (!*stem) {
    t->rc = snFilterStemmerNew(c->budget, snFilterLanguage(s->language),
        stem);
  }
  if (!t->rc) filterStem(*stem, t, first);
}

#undef FILTER_SLOT_BITS
#undef FILTER_WORD
#undef FILTER_TAIL
#undef FILTER_ARTICLE
