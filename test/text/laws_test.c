/*
** laws_test: what holds for every analyzer and every text.  Prints TAP.
**
** 1. places: words are found where they are said to stand, in order; cut
**    alone, the bytes of a word give that word
** 2. the word is its bytes in lower case, folded, stemmed by libstemmer, or
**    as they are
** 3. two texts with a blank, a NUL or bytes that are no UTF-8 between them
**    give the words of the one and then of the other
** 4. the words with blanks between them give the words again
** 5. any byte spoilt: words are still sound, and those before it the same
** 6. capitals and small letters of every alphabet are one, stems too
** 7. signs between letters and digits of every script
** 8. runs of Han, Kana and Hangul: as many pairs as neighbours
*/
#include "text/textInt.h"
#include <libstemmer.h>

static u32 lawsCount, lawsFailed, lawsBad;
static Cutter *lawsCutter;

/* One line for a law; lawsBad counts where it was broken. */
static void lawsOk(const char *name, const char *what) {
  printf("%sok %u - %s: %s\n", lawsBad ? "not " : "", ++lawsCount, name, what);
  lawsFailed += lawsBad != 0;
  lawsBad = 0;
}

static void lawsBroken(const char *text, size_t n) {
  if (lawsBad++ > 2) return;
  printf("# on ");
  for (size_t i = 0; i < n && i < 80; i++) {
    u8 c = (u8)text[i];
    if (c > 0x20 && c < 0x7f) printf("%c", c);
    else printf("<%02x>", c);
  }
  printf("\n");
}

static u64 lawsSeed = 1442695040888963407ull;
static u32 lawsRandom(u32 below) {
  lawsSeed = lawsSeed * 6364136223846793005ull + 1442695040888963407ull;
  return (u32)(lawsSeed >> 33) % below;
}

/* The text lies in a block of its size. */
static void lawsCut(const Analyzer *a, const void *text, size_t n, Tokens *t) {
  char *copy = malloc(n + !n);
  if (!copy) abort();
  memcpy(copy, text, n);
  if (snTextCut(lawsCutter, a, copy, n, t)) lawsBroken(text, n);
  free(copy);
}

static const Analyzer *lawsFind(const char *name) {
  const Analyzer *a;
  if (snCutterFind(lawsCutter, name, strlen(name), &a)) abort();
  return a;
}

static bool lawsIs(const Analyzer *a, const char *name) {
  return !strcmp(a->text, name);
}

static const u8 *lawsTerm(const Tokens *t, u32 i) {
  return t->bytes.data + t->at[i];
}

static bool lawsEqual(const Tokens *a, u32 i, const Tokens *b, u32 k) {
  return a->len[i] == b->len[k] &&
      !memcmp(lawsTerm(a, i), lawsTerm(b, k), a->len[i]);
}

/* Words alone, without their places. */
static bool lawsSame(const Tokens *a, const Tokens *b) {
  if (a->n != b->n) return false;
  for (u32 i = 0; i < a->n; i++) {
    if (!lawsEqual(a, i, b, i)) return false;
  }
  return true;
}

/* ---- Texts -------------------------------------------------------------- */

/* Random texts are made of these.  What folds into several words of its own
** (U+3300) is left out. */
static const char *const lawsParts[] = {
    "a", "I", "the", "Running", "houses", "d'", "l’", "s", "'s", "été",
    "L'Avion", "Straße", "ﬁ", "É", "İ", "ΟΔΟΣ", "книги", "Ж", "שלום", "١٢",
    "كتاب", "हिन्दी", "ไทย", "日", "本語", "カナ", "か\xe3\x82\x99", "한국",
    "e\xcc\x81", "\xcc\x81", "\xe2\x80\x8d", "𐐀", "Ⓐ", "Ⅷ", "🙂", "1", "42",
    "3.14", "_", ".", ",", ":", ";", "'", "’", "·", "-", "/", "ｶ", "Ａ",
};
static const char *const lawsBreaks[] = {
    " ", "\n", "\t", "\xe3\x80\x80", "\xe2\x80\xa8", "\xff", "\x80", "\xc0\xaf",
    "\xed\xa0\x80", "\xe2\x80", "\xc3", "\xf4\x90\x80\x80", "\xf0\x9f\x99",
    "\xfe\xff", "",  /* the last: a NUL */
};

/* At most 200 bytes; blanks is how often, of eight. */
static u32 lawsText(char *out, u32 blanks) {
  u32 n = 0;
  for (u32 i = lawsRandom(16); i; i--) {
    const char *s = lawsParts[lawsRandom(SN_COUNT(lawsParts))];
    if (lawsRandom(8) < blanks) s = " ";
    if (n + strlen(s) > 200) break;
    memcpy(out + n, s, strlen(s));
    n += (u32)strlen(s);
  }
  return n;
}

/* ---- 1, 2 --------------------------------------------------------------- */

static bool lawsTail(char c) { return ((u8)c & 0xc0) == 0x80; }

/* The one character in which two pairs overlap ends both of them so. */
static bool lawsOverlap(const char *text, u32 from, u32 to) {
  const u8 *p = (const u8 *)text + from, *end = (const u8 *)text + to;
  u32 k, c = snUtfGet(p, end, &k), marks = 0;
  bool wide = (c >= 0x3040 && c < 0xa000) || (c >= 0xac00 && c < 0xd7a4) ||
      (c >= 0xff66 && c < 0xffa0);
  for (p += k; p < end; p += k) {
    snUtfGet(p, end, &k);
    marks++;
  }
  return wide && marks < 4;
}

static void lawsPlaces(const Analyzer *a, const char *text, u32 n) {
  Tokens t, one;
  bool good = true;
  snTokensInit(&t, NULL);
  snTokensInit(&one, NULL);
  lawsCut(a, text, n, &t);
  for (u32 i = 0; i < t.n && good; i++) {
    u32 from = t.from[i], to = t.to[i];
    good = from < to && to <= n && t.pos[i] < t.next_pos &&
        !lawsTail(text[from]) && (to == n || !lawsTail(text[to]));
    if (i) {
      good = good && t.pos[i] > t.pos[i - 1] && from > t.from[i - 1] &&
          to > t.to[i - 1];
      if (good && from < t.to[i - 1]) {
        good = lawsOverlap(text, from, t.to[i - 1]);
      }
    }
    if (!good) break;
    snTokensClear(&one);
    lawsCut(a, text + from, to - from, &one);
    good = one.n == 1 && lawsEqual(&one, 0, &t, i) && one.from[0] == 0 &&
        one.to[0] == to - from && one.pos[0] == 0;
  }
  if (!good) lawsBroken(text, n);
  snTokensFree(&t);
  snTokensFree(&one);
}

/* What the bytes of a word become.  english and french take more away than
** their stemmer does, so they are not asked. */
static void lawsBecomes(const Analyzer *a, const char *text, u32 n) {
  const char *name = a->text;
  bool plain = lawsIs(a, "whitespace") || lawsIs(a, "keyword");
  struct sb_stemmer *stemmer = NULL;
  Tokens t;
  Buf want;
  snTokensInit(&t, NULL);
  snBufInit(&want, NULL);
  if (!plain && !lawsIs(a, "standard") && !lawsIs(a, "simple") &&
      !lawsIs(a, "folding")) {
    stemmer = sb_stemmer_new(name, "UTF_8");
    if (!stemmer) abort();
  }
  lawsCut(a, text, n, &t);
  for (u32 i = 0; i < t.n; i++) {
    const char *p = text + t.from[i];
    size_t k = t.to[i] - t.from[i];
    const void *bytes;
    want.n = 0;
    if (plain) snBufAdd(&want, p, k);
    else if (lawsIs(a, "folding")) snUtfFold(&want, p, k);
    else snUtfLower(&want, p, k);
    bytes = want.data;
    k = want.n;
    if (stemmer) {
      bytes = sb_stemmer_stem(stemmer, bytes, (int)k);
      if (sb_stemmer_length(stemmer)) k = (size_t)sb_stemmer_length(stemmer);
      else bytes = want.data;
    }
    if (t.len[i] != k || memcmp(lawsTerm(&t, i), bytes, k)) {
      lawsBroken(text, n);
    }
  }
  if (stemmer) sb_stemmer_delete(stemmer);
  snBufClear(&want);
  snTokensFree(&t);
}

/* ---- 3, 4, 5 ------------------------------------------------------------ */

/* t begins with a; behind it stands b, moved by `by` bytes. */
static bool lawsJoined(const Tokens *t, const Tokens *a, const Tokens *b,
    u32 by) {
  bool good = t->n == a->n + b->n && t->next_pos == a->next_pos + b->next_pos;
  for (u32 i = 0; good && i < t->n; i++) {
    bool left = i < a->n;
    const Tokens *of = left ? a : b;
    u32 k = left ? i : i - a->n, d = left ? 0 : by;
    good = lawsEqual(t, i, of, k) && t->from[i] == of->from[k] + d &&
        t->to[i] == of->to[k] + d &&
        t->pos[i] == of->pos[k] + (left ? 0 : a->next_pos);
  }
  return good;
}

static void lawsConcat(const Analyzer *a, const char *x, u32 nx, const char *y,
    u32 ny) {
  char text[500];
  Tokens tx, ty, t;
  snTokensInit(&tx, NULL);
  snTokensInit(&ty, NULL);
  snTokensInit(&t, NULL);
  lawsCut(a, x, nx, &tx);
  lawsCut(a, y, ny, &ty);
  for (u32 k = 0; k < SN_COUNT(lawsBreaks); k++) {
    const char *gap = lawsBreaks[k];
    u32 n = *gap ? (u32)strlen(gap) : 1;
    memcpy(text, x, nx);
    memcpy(text + nx, gap, n);
    memcpy(text + nx + n, y, ny);
    snTokensClear(&t);
    lawsCut(a, text, nx + n + ny, &t);
    if (!lawsJoined(&t, &tx, &ty, nx + n)) lawsBroken(text, nx + n + ny);
  }
  /* One text behind the other: the places begin anew. */
  snTokensClear(&t);
  lawsCut(a, x, nx, &t);
  lawsCut(a, y, ny, &t);
  if (!lawsJoined(&t, &tx, &ty, 0)) lawsBroken(x, nx);
  snTokensFree(&tx);
  snTokensFree(&ty);
  snTokensFree(&t);
}

static void lawsAgain(const Analyzer *a, const char *text, u32 n) {
  Tokens t, again;
  Buf all;
  snTokensInit(&t, NULL);
  snTokensInit(&again, NULL);
  snBufInit(&all, NULL);
  lawsCut(a, text, n, &t);
  for (u32 i = 0; i < t.n; i++) {
    snBufAdd(&all, lawsTerm(&t, i), t.len[i]);
    snBufByte(&all, ' ');
  }
  if (all.n) lawsCut(a, all.data, all.n, &again);
  if (!lawsSame(&t, &again)) lawsBroken(text, n);
  snBufClear(&all);
  snTokensFree(&t);
  snTokensFree(&again);
}

/* Each byte in turn becomes another.  Words that end before it, but for the
** last of them, cannot know. */
static void lawsSpoil(const Analyzer *a, char *text, u32 n) {
  static const u8 other[] = {0, 0x80, 0xc3, 0xe2, 0xf0, 0xff, ' '};
  Tokens t, was;
  snTokensInit(&t, NULL);
  snTokensInit(&was, NULL);
  lawsCut(a, text, n, &was);
  for (u32 i = 0; i < n; i++) {
    char kept = text[i];
    for (u32 k = 0; k < SN_COUNT(other); k++) {
      bool good = true, whole = lawsIs(a, "keyword");
      text[i] = (char)other[k];
      snTokensClear(&t);
      lawsCut(a, text, n, &t);
      for (u32 j = 0; good && j < t.n; j++) {
        good = t.len[j] > 0 && t.from[j] < t.to[j] && t.to[j] <= n &&
            (whole || snUtfValid(lawsTerm(&t, j), t.len[j])) &&
            (!j || t.pos[j] > t.pos[j - 1]);
        /* An unspoilt word holds no bad byte either. */
        good = good && (whole || snUtfValid(text + t.from[j],
            t.to[j] - t.from[j]));
      }
      for (u32 j = 0; good && j + 1 < was.n && was.to[j + 1] < i; j++) {
        good = j < t.n && lawsEqual(&t, j, &was, j) &&
            t.from[j] == was.from[j] && t.to[j] == was.to[j];
      }
      if (!good) lawsBroken(text, n);
    }
    text[i] = kept;
  }
  snTokensFree(&t);
  snTokensFree(&was);
}

/* Words that differ in their last letters alone: one that takes the place of
** another in the memory of stems is not taken for it. */
static void lawsMany(const char *name) {
  static const char *const ends[] = {"", "s", "ing", "en", "e", "er", "ed"};
  Buf text;
  snBufInit(&text, NULL);
  for (u32 i = 0; i < 20000; i++) {
    snBufStr(&text, "internationalist");
    for (u32 k = 0; k < 4; k++) snBufByte(&text, (u8)('a' + lawsRandom(26)));
    snBufPrintf(&text, "%s ", ends[lawsRandom(SN_COUNT(ends))]);
  }
  lawsBecomes(lawsFind(name), (const char *)text.data, (u32)text.n);
  lawsOk(name, "many words, each its own stem");
  snBufClear(&text);
}

static void lawsRandomTexts(void) {
  static const char *const again[] = {
      "standard", "simple", "whitespace", "folding"};
  char x[250], y[250];
  const char *name;
  for (u32 k = 0; (name = snAnalyzerName(k)); k++) {
    const Analyzer *a = lawsFind(name);
    u32 nx, ny;
    for (u32 i = 0; i < 200; i++) {
      nx = lawsText(x, i % 5);
      lawsPlaces(a, x, nx);
    }
    lawsOk(name, "words stand where they are said to");
    for (u32 i = 0; i < 100 && strcmp(name, "english") &&
        strcmp(name, "french"); i++) {
      nx = lawsText(x, 3);
      lawsBecomes(a, x, nx);
    }
    lawsOk(name, "words are what their bytes become");
    for (u32 i = 0; i < 100 && strcmp(name, "keyword"); i++) {
      nx = lawsText(x, i % 5);
      ny = lawsText(y, i % 5);
      lawsConcat(a, x, nx, y, ny);
    }
    lawsOk(name, "a break between two texts");
    for (u32 i = 0; i < 6; i++) {
      nx = lawsText(x, 2);
      lawsSpoil(a, x, SN_MIN(nx, 60));
    }
    lawsOk(name, "a byte is spoilt");
  }
  lawsMany("porter");
  lawsMany("german");
  for (u32 k = 0; k < SN_COUNT(again); k++) {
    const Analyzer *a = lawsFind(again[k]);
    for (u32 i = 0; i < 2000; i++) lawsAgain(a, x, lawsText(x, i % 5));
    lawsOk(again[k], "words cut again are the words");
  }
}

/* ---- 6 ------------------------------------------------------------------ */

/* n capitals from the first, and their small letters; step 2: in turn. */
static const struct LawsCase {
  u32 upper, lower, n, step;
} lawsCases[] = {
    {0x41, 0x61, 26, 1}, {0xc0, 0xe0, 23, 1}, {0xd8, 0xf8, 7, 1},
    {0x100, 0x101, 24, 2}, {0x14a, 0x14b, 23, 2}, {0x391, 0x3b1, 17, 1},
    {0x3a3, 0x3c3, 9, 1}, {0x400, 0x450, 16, 1}, {0x410, 0x430, 32, 1},
    {0x460, 0x461, 17, 2}, {0x48a, 0x48b, 27, 2}, {0x531, 0x561, 38, 1},
    {0x10a0, 0x2d00, 38, 1}, {0x13a0, 0xab70, 80, 1}, {0x1c90, 0x10d0, 43, 1},
    {0x1e00, 0x1e01, 75, 2}, {0x1f08, 0x1f00, 8, 1}, {0x2160, 0x2170, 16, 1},
    {0x24b6, 0x24d0, 26, 1}, {0x2c00, 0x2c30, 47, 1}, {0x2c80, 0x2c81, 50, 2},
    {0xff21, 0xff41, 26, 1}, {0x10400, 0x10428, 40, 1},
    {0x104b0, 0x104d8, 36, 1}, {0x10c80, 0x10cc0, 51, 1},
    {0x118a0, 0x118c0, 32, 1}, {0x16e40, 0x16e60, 32, 1},
    {0x1e900, 0x1e922, 34, 1},
};

/* Words of one letter and of up to five.  Of five the capitals alternate. */
static void lawsLetters(const Analyzer *a, const struct LawsCase *c, u32 at,
    u32 n) {
  u8 up[32], low[32], mix[32];
  u32 nu = 0, nl = 0, nm = 0;
  Tokens tu, tl, tm;
  bool good;
  for (u32 i = at; i < at + n; i++) {
    u32 u = c->upper + i * c->step, l = c->lower + i * c->step;
    nu += snUtfPut(up + nu, u);
    nl += snUtfPut(low + nl, l);
    nm += snUtfPut(mix + nm, i & 1 ? u : l);
  }
  snTokensInit(&tu, NULL);
  snTokensInit(&tl, NULL);
  snTokensInit(&tm, NULL);
  lawsCut(a, up, nu, &tu);
  lawsCut(a, low, nl, &tl);
  lawsCut(a, mix, nm, &tm);
  good = lawsSame(&tu, &tl) && lawsSame(&tu, &tm) && tu.n <= 1;
  if (lawsIs(a, "standard")) {
    good = good && tl.n == 1 && tl.len[0] == nl &&
        !memcmp(lawsTerm(&tl, 0), low, nl);
  }
  if (!good) lawsBroken((const char *)up, nu);
  snTokensFree(&tu);
  snTokensFree(&tl);
  snTokensFree(&tm);
}

static void lawsCapitals(void) {
  const char *name;
  for (u32 k = 0; (name = snAnalyzerName(k)); k++) {
    const Analyzer *a = lawsFind(name);
    if (lawsIs(a, "whitespace") || lawsIs(a, "keyword")) continue;
    for (u32 i = 0; i < SN_COUNT(lawsCases); i++) {
      const struct LawsCase *c = &lawsCases[i];
      /* Circled letters are letters by their use, Roman numbers by kind. */
      if (lawsIs(a, "simple") && c->upper == 0x2160) continue;
      for (u32 at = 0; at < c->n; at++) {
        lawsLetters(a, c, at, 1);
        lawsLetters(a, c, at, SN_MIN(5, c->n - at));
      }
    }
    lawsOk(name, "capitals are small letters");
  }
}

/* ---- 7 ------------------------------------------------------------------ */

/* A word, and a number if the script has digits of its own. */
static const struct LawsScript {
  const char *word, *number;
} lawsScripts[] = {
    {"word", "42"}, {"λόγος", "1"}, {"слово", "7"}, {"բառ", "12"},
    {"სიტყვა", "3"}, {"מילה", "9"}, {"كلمة", "٤٢"}, {"کلمه", "۴۲"},
    {"ܡܠܬܐ", "5"}, {"ߘߐ", "߄߂"}, {"शब्द", "४२"}, {"শব্দ", "৪২"}, {"ਸ਼ਬਦ", "੪੨"},
    {"શબ્દ", "૪૨"}, {"ଶବ୍ଦ", "୪୨"}, {"சொல்", "௪௨"}, {"పదం", "౪౨"},
    {"ಪದ", "೪೨"}, {"വാക്ക്", "൪൨"}, {"වචනය", "6"}, {"คำ", "๔๒"},
    {"ຄຳ", "໔໒"}, {"མིང", "༤༢"}, {"စကား", "၄၂"}, {"ቃል", "8"},
    {"ᎧᏃ", "2"}, {"ᐅᖃ", "4"}, {"ពាក្យ", "៤២"}, {"ᠦᠭᠡ", "᠔᠒"},
    {"ⴰⵡⴰⵍ", "1"}, {"ꆈꌠ", "1"}, {"ㄅㄆ", "1"}, {"𐐶𐐲𐑉", "1"},
    {"𞤢𞤣", "𞥔𞥒"}, {"𐌰𐌱", "1"}, {"𝐰𝐨", "𝟒𝟐"}, {"ａｂ", "４２"},
};

/* What stands between two words, two numbers, a word and a number: in how
** many they are cut. */
static const struct LawsBetween {
  const char *sign;
  u32 words, numbers, both;
} lawsBetween[] = {
    {"", 1, 1, 1}, {" ", 2, 2, 2}, {".", 1, 1, 2}, {"'", 1, 1, 2},
    {"’", 1, 1, 2}, {"‘", 1, 1, 2}, {":", 1, 2, 2}, {"·", 1, 2, 2},
    {"‧", 1, 2, 2}, {",", 2, 1, 2}, {";", 2, 1, 2}, {"،", 2, 1, 2},
    {"٫", 2, 1, 2}, {"⁄", 2, 1, 2}, {"_", 1, 1, 1}, {"‿", 1, 1, 1},
    {"-", 2, 2, 2}, {"–", 2, 2, 2}, {"/", 2, 2, 2}, {"..", 2, 2, 2},
    {".,", 2, 2, 2}, {"\"", 2, 2, 2}, {"+", 2, 2, 2}, {"@", 2, 2, 2},
    {"&", 2, 2, 2}, {"\xcc\x81", 1, 1, 1}, {"\xe2\x80\x8d", 1, 1, 1},
    {"\xe2\x81\xa0", 1, 1, 1}, {"\xe2\x80\x8b", 2, 2, 2},
    {".\xcc\x81", 1, 1, 2}, {"🙂", 2, 2, 2}, {"→", 2, 2, 2}, {"。", 2, 2, 2},
    {"।", 2, 2, 2}, {"။", 2, 2, 2}, {"።", 2, 2, 2}, {"།", 2, 2, 2},
    {"។", 2, 2, 2}, {"؟", 2, 2, 2}, {"\xc2\xad", 1, 1, 1},
};

static void lawsPieces(const Analyzer *a, const char *x, const char *sign,
    const char *y, u32 want) {
  char text[200];
  int n = snprintf(text, sizeof text, "%s%s%s", x, sign, y);
  Tokens t;
  snTokensInit(&t, NULL);
  lawsCut(a, text, (size_t)n, &t);
  if (t.n != want || (want == 2 && (t.to[0] != strlen(x) ||
          t.to[1] - t.from[1] != strlen(y)))) {
    lawsBroken(text, (size_t)n);
  }
  snTokensFree(&t);
}

static void lawsSigns(void) {
  const Analyzer *a = lawsFind("standard");
  for (u32 i = 0; i < SN_COUNT(lawsScripts); i++) {
    const char *w = lawsScripts[i].word, *d = lawsScripts[i].number;
    for (u32 k = 0; k < SN_COUNT(lawsBetween); k++) {
      const struct LawsBetween *b = &lawsBetween[k];
      lawsPieces(a, w, b->sign, w, b->words);
      lawsPieces(a, d, b->sign, d, b->numbers);
      lawsPieces(a, w, b->sign, d, b->both);
      lawsPieces(a, d, b->sign, w, b->both);
    }
    lawsOk(w, "signs between letters, digits, and both");
  }
}

/* ---- 8 ------------------------------------------------------------------ */

static void lawsRuns(void) {
  static const char *const letters[] = {
      "日", "本", "々", "〇", "𠀀", "ひ", "ら", "カ", "ナ", "ー", "ｶ", "한",
      "글", "か\xe3\x82\x99", "字\xcc\x81", "ᄀ"};
  const Analyzer *a = lawsFind("standard");
  for (u32 i = 0; i < 3000; i++) {
    char text[200] = "x ";
    u32 n = 2, len = 1 + lawsRandom(12), at[16], runs;
    Tokens t;
    bool good;
    for (u32 k = 0; k < len; k++) {
      const char *s = letters[lawsRandom(SN_COUNT(letters))];
      at[k] = n;
      memcpy(text + n, s, strlen(s) + 1);
      n += (u32)strlen(s);
    }
    at[len] = n;
    snprintf(text + n, sizeof text - n, "%s", i & 1 ? "tail" : "。9");
    snTokensInit(&t, NULL);
    lawsCut(a, text, strlen(text), &t);
    runs = len > 1 ? len - 1 : 1;
    good = t.n == runs + 2;
    for (u32 k = 0; good && k < runs; k++) {
      good = t.from[k + 1] == at[k] && t.pos[k + 1] == k + 1 &&
          t.to[k + 1] == at[SN_MIN(k + 2, len)] &&
          t.len[k + 1] == t.to[k + 1] - t.from[k + 1] &&
          !memcmp(lawsTerm(&t, k + 1), text + at[k], t.len[k + 1]);
    }
    if (!good) lawsBroken(text, strlen(text));
    snTokensFree(&t);
  }
  lawsOk("standard", "pairs of neighbours");
}

int main(void) {
  if (snCutterNew(NULL, &lawsCutter)) return 1;
  lawsRandomTexts();
  lawsCapitals();
  lawsSigns();
  lawsRuns();
  snCutterFree(lawsCutter);
  printf("1..%u\n", lawsCount);
  return lawsFailed > 0;
}
