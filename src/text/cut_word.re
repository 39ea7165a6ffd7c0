/*
** cut_word: words by the rules of Unicode (UAX 29), and runs of letters.
**
** A word is made of letters, digits and connectors (_ and its kin), each with
** the marks and format characters that follow it; it holds a letter or a
** digit.  Inside of it may stand, each between two letters, one of
** ' ’ . : · ; and, each between two digits, one of ' ’ . , ; - and the rarer
** signs of the same classes.  Other than UAX 29: Hangul is cut like Han and
** Kana, Thai and its neighbours stay whole runs, the double quote within
** Hebrew parts words, as does a single one behind its last letter (WB7a), and
** symbols (emoji) are no words.
**
** A run of Han (Tangut, Nushu, Khitan), Kana and Hangul gives its overlapping
** pairs of characters, and the character itself when it is alone.
**
** (1) The scanner of re2c tells the class of one code point.  It looks at no
**     byte behind the end, and takes a NUL and each byte that is not UTF-8 for
**     a break.  The categories that re2c brings are those of Unicode 7; what
**     came since, up to Unicode 14, is added in the lists named _new.
** (2) cutWordScan() joins code points to words with it.  cutWordAscii() does
**     the same for words of ASCII alone, by a table; it hands a word over at
**     its first byte when it meets a byte >= 0x80 that may belong to it.
**     Both cut alike: what begins at a break depends on nothing before it.
** (3) In cutWordAscii() there is always room in t->bytes for what is left of
**     the text: while 16 bytes are left, 16 bytes may be written.
** (4) What is longer than 255 bytes in lower case is cut there (tokens.c).
*/
#include "text/textInt.h"

/* Classes.  A middle class is that of its neighbours, shifted by three. */
#define CUT_WORD_LETTER 1u
#define CUT_WORD_DIGIT  2u
#define CUT_WORD_JOIN   4u
#define CUT_WORD_MIDS   3u  /* of a middle class, when shifted */
#define CUT_WORD_UPPER  32u /* only in the table: add it for lower case */
#define CUT_WORD_CJK    64u
#define CUT_WORD_EXTEND 128u

/* clang-format off */
static const u8 cutWordType[256] = {
  0, 0, 0, 0, 0, 0, 0, 0,  0, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0,  0, 0, 0, 0, 0, 0, 0, 0,
  /*             ' */                 /* , - . */
  0, 0, 0, 0, 0, 0, 0, 24, 0, 0, 0, 0, 16, 0, 24, 0,
  2, 2, 2, 2, 2, 2, 2, 2,  2, 2, 8, 16, 0, 0, 0, 0, /* digits : ; */
  0,  33, 33, 33, 33, 33, 33, 33, 33, 33, 33, 33, 33, 33, 33, 33,
  33, 33, 33, 33, 33, 33, 33, 33, 33, 33, 33, 0,  0,  0,  0,  4, /* _ */
  0,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,
  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  0,  0,  0,  0,  0,
};
/* clang-format on */

typedef struct CutWord {
  Tokens *t;
  const u8 *text, *end;
  u32 keep;       /* classes that make words, as far as ASCII goes */
  u32 mids;       /* neighbours that may have something between them */
  u32 upper;      /* CUT_WORD_UPPER, or 0: the case is kept */
  bool scan_only; /* the table is not used */
} CutWord;

/* The class of the code point at p; *next is behind it. */
static u32 cutWordClass(const u8 *p, const u8 *end, const u8 **next) {
  const u8 *mark = p;
  u32 kind;
  /*!include:re2c "unicode_categories.re" */
  /*!re2c
    re2c:flags:utf-8 = 1;
    re2c:flags:nested-ifs = 1;
    re2c:flags:input = custom;
    re2c:api:style = free-form;
    re2c:yyfill:enable = 0;
    re2c:define:YYCTYPE = u8;
    re2c:define:YYPEEK = "(u8)(p < end ? *p : 0)";
    re2c:define:YYSKIP = "p++;";
    re2c:define:YYBACKUP = "mark = p;";
    re2c:define:YYRESTORE = "p = mark;";

    han = [\u2e80-\u2fd5\u3005-\u3007\u3021-\u3029\u3038-\u303b]
        | [\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufad9]
        | [\U00016ff0-\U00016ff1\U00017000-\U00018d08]
        | [\U0001b170-\U0001b2fb\U00020000-\U0003fffd];
    kana = [\u3031-\u3035\u3041-\u3096\u309b-\u309f\u30a1-\u30fa]
        | [\u30fc-\u30ff\u31f0-\u31ff\u32d0-\u32fe\u3300-\u3357]
        | [\uff66-\uff9d\U0001aff0-\U0001b16f];
    hangul = [\u1100-\u11ff\u3131-\u318e\ua960-\ua97c\uac00-\ud7a3]
        | [\ud7b0-\ud7fb\uffa0-\uffdc];
    cjk = han | kana | hangul;
    letter_new = [\u0560-\u0588\u05ef\u0860-\u0887\u0889-\u088e\u08b3-\u08c9]
        | [\u09fc\u0af9\u0c5a-\u0c5d\u0c80\u0cdd\u0d04\u0d54-\u0d56\u0d5f]
        | [\u0e86-\u0eac\u13f5-\u13fd\u170d\u171f\u1878\u19b0-\u19c9]
        | [\u1b4c\u1c80-\u1cbf\u1cf2-\u1cf3\u1cfa\u2c2f-\u2c5f]
        | [\u312e-\u312f\u31bb-\u31bf\ua78f-\ua7f6\ua8fd-\ua8fe]
        | [\uab60-\uab69\uab70-\uabbf\U0001032d-\U0001032f]
        | [\U000104b0-\U000104fb\U00010570-\U000107ba]
        | [\U000108e0-\U000108f5\U00010a34-\U00010a35]
        | [\U00010c80-\U00010cf2\U00010d00-\U00010d23]
        | [\U00010e80-\U00010ea9\U00010eb0-\U00010f1c]
        | [\U00010f27-\U00010f45\U00010f70-\U00010f81]
        | [\U00010fb0-\U00010fc4\U00010fe0-\U00010ff6]
        | [\U00011071-\U00011072\U00011075\U00011144\U00011147\U000111dc]
        | [\U00011280-\U000112a8\U00011350\U00011400-\U00011434]
        | [\U00011447-\U0001144a\U0001145f-\U00011461]
        | [\U000115d8-\U000115db\U000116b8\U00011700-\U0001171a]
        | [\U00011740-\U0001182b\U00011900-\U0001192f\U0001193f\U00011941]
        | [\U000119a0-\U000119d0\U000119e1\U000119e3\U00011a00]
        | [\U00011a0b-\U00011a32\U00011a3a\U00011a50\U00011a5c-\U00011a89]
        | [\U00011a9d\U00011ab0-\U00011c2e\U00011c40\U00011c72-\U00011c8f]
        | [\U00011d00-\U00011d30\U00011d46\U00011d60-\U00011d89\U00011d98]
        | [\U00011ee0-\U00011ef2\U00011fb0\U00012399\U00012480-\U00012ff0]
        | [\U00014400-\U00014646\U00016a70-\U00016abe]
        | [\U00016e40-\U00016e7f\U00016f45-\U00016f4a]
        | [\U00016fe0-\U00016fe1\U00016fe3\U00017000-\U0001b2fb]
        | [\U0001df00-\U0001df1e\U0001e100-\U0001e12c]
        | [\U0001e137-\U0001e13d\U0001e14e\U0001e290-\U0001e2ad]
        | [\U0001e2c0-\U0001e2eb\U0001e7e0-\U0001e7fe]
        | [\U0001e900-\U0001e943\U0001e94b];
    digit_new = [\U00010d30-\U00010d39\U00011450-\U00011459]
        | [\U00011730-\U00011739\U00011950-\U00011959]
        | [\U00011c50-\U00011c59\U00011d50-\U00011d59]
        | [\U00011da0-\U00011da9\U00016ac0-\U00016ac9]
        | [\U0001e140-\U0001e149\U0001e2f0-\U0001e2f9]
        | [\U0001e950-\U0001e959\U0001fbf0-\U0001fbf9];
    extend_new = [\u07fd\u0890-\u089f\u08ca-\u08e3\u09fe\u0afa-\u0aff\u0b55]
        | [\u0c04\u0c3c\u0d00\u0d3b-\u0d3c\u0d81\u0eba\u1715\u180f]
        | [\u1885-\u1886\u1abf-\u1ace\u1cf7\u1df6-\u1dfb\ua69e\ua82c]
        | [\ua8c5\ua8ff\ufe2e-\ufe2f\U00010d24-\U00010d27]
        | [\U00010eab-\U00010eac\U00010f46-\U00010f50]
        | [\U00010f82-\U00010f85\U00011070\U00011073-\U00011074]
        | [\U000110c2-\U000110cd\U00011145-\U00011146]
        | [\U000111c9-\U000111cc\U000111ce-\U000111cf\U0001123e\U00011300]
        | [\U0001133b\U00011435-\U00011446\U0001145e\U000115dc-\U000115dd]
        | [\U0001171d-\U0001172b\U0001182c-\U0001183a]
        | [\U00011930-\U0001193e\U00011940\U00011942-\U00011943]
        | [\U000119d1-\U000119e0\U000119e4\U00011a01-\U00011a0a]
        | [\U00011a33-\U00011a39\U00011a3b-\U00011a3e\U00011a47]
        | [\U00011a51-\U00011a5b\U00011a8a-\U00011a99]
        | [\U00011c2f-\U00011c3f\U00011c92-\U00011cb6]
        | [\U00011d31-\U00011d45\U00011d47\U00011d8a-\U00011d97]
        | [\U00011ef3-\U00011ef6\U00013430-\U00013438\U00016f4f]
        | [\U00016f7f-\U00016f87\U00016fe4\U0001cf00-\U0001cf46]
        | [\U0001da00-\U0001da36\U0001da3b-\U0001da6c\U0001da75\U0001da84]
        | [\U0001da9b-\U0001daaf\U0001e000-\U0001e02a]
        | [\U0001e130-\U0001e136\U0001e2ae\U0001e2ec-\U0001e2ef]
        | [\U0001e944-\U0001e94a];
    extend = (M \ letter_new) | extend_new | [\uff9e\uff9f]
        | (Cf \ [\u200b]);
    digit = Nd | digit_new;
    letter = (L | Nl | letter_new | [\u05f3\u24b6-\u24e9]) \ cjk;
    join = [_\u203f\u2040\u2054\u202f\ufe33\ufe34\ufe4d-\ufe4f\uff3f];
    mid_letter = [:\u00b7\u0387\u055f\u05f4\u2027\ufe13\ufe55\uff1a];
    mid_num = [,;\u037e\u0589\u060c\u060d\u066b\u066c\u07f8\u2044\ufe10\ufe14]
        | [\ufe50\ufe54\uff0c\uff1b];
    mid_both = ['.\u2018\u2019\u2024\ufe52\uff07\uff0e];

    extend     { kind = CUT_WORD_EXTEND; goto done; }
    letter     { kind = CUT_WORD_LETTER; goto done; }
    digit      { kind = CUT_WORD_DIGIT; goto done; }
    join       { kind = CUT_WORD_JOIN; goto done; }
    mid_letter { kind = CUT_WORD_LETTER << 3; goto done; }
    mid_num    { kind = CUT_WORD_DIGIT << 3; goto done; }
    mid_both   { kind = CUT_WORD_MIDS << 3; goto done; }
    cjk        { kind = CUT_WORD_CJK; goto done; }
    *          { kind = 0; goto done; }
  */
done:
  *next = p;
  return kind;
}

/* ---- Any text ----------------------------------------------------------- */

/* The class at p, 0 at the end. */
static u32 cutWordAt(const CutWord *w, const u8 *p, const u8 **next) {
  *next = p;
  if (p == w->end) return 0;
  if (*p >= 0x80 || w->scan_only) return cutWordClass(p, w->end, next);
  *next = p + 1;
  return cutWordType[*p] & ~CUT_WORD_UPPER;
}

static void cutWordAdd(CutWord *w, const u8 *p, const u8 *end) {
  Tokens *t = w->t;
  size_t at = t->bytes.n;
  if (w->upper) snUtfLower(&t->bytes, (const char *)p, (size_t)(end - p));
  else snBufAdd(&t->bytes, p, (size_t)(end - p));
  snTokensPieces(t, at, p, (u32)(p - w->text), (u32)(end - w->text));
}

/* When the middle class `mid` stands at p behind class `last` and a code
** point of that class follows: *next is behind it. */
static bool cutWordInner(const CutWord *w, u32 last, u32 mid, const u8 *p,
    const u8 **next) {
  u32 k, both = mid >> 3 & last & w->mids;
  if (!both) return false;
  do {
    k = cutWordAt(w, p, &p);
  } while (k & CUT_WORD_EXTEND);
  *next = p;
  return (k & both) != 0;
}

/* The end of the word that begins with class `last` and goes on at p. */
static const u8 *cutWordEnd(const CutWord *w, u32 last, const u8 *p,
    u32 *seen) {
  const u8 *next;
  u32 k;
  for (*seen = last;; p = next) {
    k = cutWordAt(w, p, &next);
    if (k & w->keep) *seen |= last = k;
    else if (k & CUT_WORD_EXTEND) continue;
    else if (!cutWordInner(w, last, k, next, &next)) return p;
  }
}

/* Pairs of the run that begins at p.  One character is a code point and what
** extends it.  All pairs share the bytes of the run. */
static const u8 *cutWordPairs(CutWord *w, const u8 *p) {
  Tokens *t = w->t;
  const u8 *start = p, *before = NULL, *one = p, *next;
  size_t at = t->bytes.n;
  u32 k;
  cutWordAt(w, p, &next);
  for (;;) {
    snBufAdd(&t->bytes, p, (size_t)(next - p));
    if (t->bytes.rc) t->rc = t->bytes.rc;
    if (t->rc) return p;
    p = next;
    k = cutWordAt(w, p, &next);
    if (k & CUT_WORD_EXTEND) continue;
    if (before || !(k & CUT_WORD_CJK)) {
      if (!before) before = one;
      snTokensPush(t, at + (size_t)(before - start), (size_t)(p - before),
          (u32)(before - w->text), (u32)(p - w->text));
    }
    if (!(k & CUT_WORD_CJK)) return p;
    before = one;
    one = p;
  }
}

/* Cuts what begins at p, be it a word or a break; returns its end. */
static const u8 *cutWordScan(CutWord *w, const u8 *p) {
  const u8 *next;
  u32 seen, k = cutWordAt(w, p, &next);
  if (!(k & w->keep)) {
    return k & CUT_WORD_CJK ? cutWordPairs(w, p) : next;
  }
  next = cutWordEnd(w, k, next, &seen);
  if (seen & ~CUT_WORD_JOIN) cutWordAdd(w, p, next);
  return next;
}

/* ---- ASCII -------------------------------------------------------------- */

#define CUT_WORD_ALL(c) {c, c, c, c, c, c, c, c, c, c, c, c, c, c, c, c}
typedef u8 CutWordBytes __attribute__((vector_size(16)));

/* Writes 16 bytes of q to out, in lower case.  Returns how many of them, from
** the first, are kept; *seen gets the classes among these, as far as it
** matters: CUT_WORD_LETTER stands for digits too. */
static inline u32 cutWordMany(const CutWord *w, const u8 *q, u8 *out,
    u32 *seen) {
  static const CutWordBytes low = CUT_WORD_ALL('a'), zero = CUT_WORD_ALL('0'),
      letters = CUT_WORD_ALL(26), digits = CUT_WORD_ALL(10),
      join = CUT_WORD_ALL('_'), shift = CUT_WORD_ALL(0x20);
  CutWordBytes v, letter, keep;
  u64 half[2];
  u32 n = 16, i = 0;
  memcpy(&v, q, 16);
  keep = letter = (CutWordBytes)((v | shift) - low < letters);
  if (w->keep & CUT_WORD_DIGIT)
    keep |= (CutWordBytes)(v - zero < digits) | (CutWordBytes)(v == join);
  if (w->upper) v |= letter & shift;
  memcpy(out, &v, 16);
  keep = ~keep;
  memcpy(half, &keep, 16);
  if (half[0]) n = (u32)__builtin_ctzll(half[0]) >> 3;
  else if (half[1]) n = 8 + ((u32)__builtin_ctzll(half[1]) >> 3);
  while (i < n && q[i] == '_') i++;
  if (i < n) *seen |= CUT_WORD_LETTER;
  return n;
}

/* Writes the word that begins at *p to out, in lower case.  *p becomes its
** end, or NULL when the scanner must see the word.  Returns the end of out;
** out itself when there are only connectors. */
static inline u8 *cutWordCopy(const CutWord *w, const u8 **p, u8 *out) {
  const u8 *q = *p, *end = w->end;
  u8 *word = out;
  u32 k, keep = w->keep, upper = w->upper, seen = 0;
  for (;;) {
    for (k = 16; k == 16 && end - q >= 16; q += k, out += k)
      k = cutWordMany(w, q, out, &seen);
    for (; q < end; q++) {
      k = cutWordType[*q];
      if (!(k & keep)) break;
      seen |= k;
      *out++ = (u8)(*q + (k & upper));
    }
    *p = q;
    if (q == end) break;
    if (SN_UNLIKELY(*q >= 0x80)) *p = NULL;
    k = (u32)cutWordType[*q] >> 3 & cutWordType[q[-1]] & w->mids;
    if (SN_LIKELY(!k) || q + 1 == end) break;
    if (q[1] >= 0x80) *p = NULL;
    if (!(cutWordType[q[1]] & k)) break;
    *out++ = *q++;
  }
  return seen & ~(CUT_WORD_JOIN | CUT_WORD_UPPER) ? out : word;
}

/* Cuts words of ASCII from p on.  Returns where the scanner must go on, or
** the end. */
static const u8 *cutWordAscii(CutWord *w, const u8 *p) {
  Tokens *t = w->t;
  const u8 *start, *end = w->end;
  u8 *word, *out;
  u32 i, n;
  if (!snTokensRoom(t, (size_t)(end - p))) return end;
  out = t->bytes.data + t->bytes.n;
  for (;;) {
    while (p < end && !(cutWordType[*p] & w->keep)) {
      if (*p >= 0x80) return p;
      p++;
    }
    if (p == end || (t->n == t->cap && !snTokensGrow(t))) return end;
    start = p;
    word = out;
    out = cutWordCopy(w, &p, word);
    if (!p) return start;
    if (out == word) continue;
    i = (u32)(word - t->bytes.data);
    n = (u32)(out - word);
    t->bytes.n = i + n;
    if (n > TEXT_WORD_MAX) {
      snTokensPieces(t, i, start, (u32)(start - w->text),
          (u32)(p - w->text));
      continue;
    }
    t->at[t->n] = i;
    t->len[t->n] = n;
    t->pos[t->n] = t->next_pos++;
    t->from[t->n] = (u32)(start - w->text);
    t->to[t->n] = (u32)(p - w->text);
    t->n++;
  }
}

void snCutWord(const Cutter *c, u32 cut, const u8 *p, size_t n, Tokens *t) {
  CutWord w = {t, p, p + n, 0, 0, 0, c->scan_only};
  if (!(cut & TEXT_AS_IT_IS)) w.upper = CUT_WORD_UPPER;
  if ((cut & ~TEXT_AS_IT_IS) == TEXT_WORDS) {
    w.keep = CUT_WORD_LETTER | CUT_WORD_DIGIT | CUT_WORD_JOIN;
    w.mids = CUT_WORD_MIDS;
  } else {
    w.keep = CUT_WORD_LETTER | CUT_WORD_CJK;
  }
  while (p < w.end && !t->rc) {
    if (!w.scan_only) p = cutWordAscii(&w, p);
    if (p < w.end && !t->rc) p = cutWordScan(&w, p);
  }
}

#undef CUT_WORD_ALL
#undef CUT_WORD_LETTER
#undef CUT_WORD_DIGIT
#undef CUT_WORD_JOIN
#undef CUT_WORD_MIDS
#undef CUT_WORD_UPPER
#undef CUT_WORD_CJK
#undef CUT_WORD_EXTEND
