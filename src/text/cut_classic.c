/*
** cut_classic: words, numbers and addresses as Lucene's classic tokenizer
** takes them, which was the standard one before Unicode's rules.
**
**   word      letters and digits
**   apostrophe  letters ' letters ...            O'Reilly's
**   acronym   letter . letter . ...              U.S.A.
**   company   letters & or @ letters             AT&T
**   mail      word (. - _ word)* @ word (. - word)+
**   host      word (. word)+
**   number    words joined by _ - / . , of which every other one has a digit
**   one character of Han, Kana and their kin
**
** (1) Of the forms that begin at a place the longest is taken.
** (2) What joins words has at most TEXT_WORD_MAX bytes: so much is looked at
**     for a token, and the time is in proportion to the text.
*/
#include "text/textInt.h"

enum { CUT_CLASSIC_LETTER = 1, CUT_CLASSIC_DIGIT = 2, CUT_CLASSIC_ALONE = 4 };

static bool cutClassicIsAlone(u32 c) {
  static const u32 ranges[][2] = {{0x3040, 0x30ff}, {0x3100, 0x312f},
      {0x31f0, 0x31ff}, {0x3300, 0x337f}, {0x3400, 0x4dbf}, {0x4e00, 0x9fff},
      {0xf900, 0xfaff}, {0xff65, 0xff9f}, {0x20000, 0x3ffff}};
  for (u32 i = 0; c >= 0x3040 && i < SN_COUNT(ranges); i++)
    if (c >= ranges[i][0] && c <= ranges[i][1]) return true;
  return false;
}

/* What the character at p is, or 0; marks go with letters. */
static u32 cutClassicKind(const u8 *p, const u8 *end, u32 *len) {
  u32 c = snUtfGet(p, end, len);
  if (c < 0x80) {
    if ((u8)(c - '0') < 10) return CUT_CLASSIC_DIGIT;
    return (u8)((c | 0x20) - 'a') < 26 ? CUT_CLASSIC_LETTER : 0;
  }
  if (*len == 1) return 0;
  if (cutClassicIsAlone(c)) return CUT_CLASSIC_ALONE;
  const char *kind = snUtfCategory(c);
  if (kind[0] == 'N' && kind[1] == 'd') return CUT_CLASSIC_DIGIT;
  return kind[0] == 'L' || kind[0] == 'M' ? CUT_CLASSIC_LETTER : 0;
}

/* The end of the word at p; has: which kinds are in it. */
static const u8 *cutClassicWord(const u8 *p, const u8 *end, u32 *has) {
  u32 len;
  *has = 0;
  while (p < end) {
    u32 kind = cutClassicKind(p, end, &len);
    if (!(kind & (CUT_CLASSIC_LETTER | CUT_CLASSIC_DIGIT))) break;
    *has |= kind;
    p += len;
  }
  return p;
}

/* The end of another word behind one of the signs at p, or p. */
static const u8 *cutClassicMore(const u8 *p, const u8 *end, const char *signs,
    u32 *has) {
  if (p >= end || !*p || !strchr(signs, *p)) return p;
  const u8 *to = cutClassicWord(p + 1, end, has);
  return to > p + 1 ? to : p;
}

/* Words joined by signs: their end when there are `least` joints. */
static const u8 *cutClassicJoin(const u8 *p, const u8 *end, const char *signs,
    u32 least, bool letters) {
  u32 has, n = 0;
  const u8 *to = cutClassicWord(p, end, &has), *next;
  if (letters && has != CUT_CLASSIC_LETTER) return p;
  while ((next = cutClassicMore(to, end, signs, &has)) > to) {
    if (letters && has != CUT_CLASSIC_LETTER) break;
    to = next;
    n++;
  }
  return n >= least ? to : p;
}

static const u8 *cutClassicMail(const u8 *p, const u8 *end) {
  const u8 *at = cutClassicJoin(p, end, ".-_", 0, false), *to;
  if (at == p || at == end || *at != '@') return p;
  to = cutClassicJoin(at + 1, end, ".-", 1, false);
  return to > at + 1 ? to : p;
}

static const u8 *cutClassicCompany(const u8 *p, const u8 *end) {
  u32 has;
  const u8 *at = cutClassicWord(p, end, &has), *to;
  if (has != CUT_CLASSIC_LETTER) return p;
  to = cutClassicMore(at, end, "&@", &has);
  return to > at && has == CUT_CLASSIC_LETTER ? to : p;
}

static const u8 *cutClassicAcronym(const u8 *p, const u8 *end) {
  const u8 *from = p;
  u32 len, n = 0;
  while (p < end && cutClassicKind(p, end, &len) == CUT_CLASSIC_LETTER &&
      p + len < end && p[len] == '.') {
    p += len + 1;
    n++;
  }
  return n > 1 ? p : from;
}

/* odd, even: do the words at these places all have digits, so far? */
static const u8 *cutClassicNumber(const u8 *p, const u8 *end) {
  bool digits[2] = {true, true};
  const u8 *to = p, *best = p;
  u32 has;
  const u8 *next = cutClassicWord(p, end, &has);
  for (u32 n = 0; next > to; n++) {
    to = next;
    if (!(has & CUT_CLASSIC_DIGIT)) digits[n % 2] = false;
    if (!digits[0] && !digits[1]) break;
    if (n) best = to;
    next = cutClassicMore(to, end, "_-/.,", &has);
  }
  return best;
}

/* The longest form at p, or p. */
static const u8 *cutClassicToken(const u8 *p, const u8 *end) {
  u32 has, len;
  if (cutClassicKind(p, end, &len) == CUT_CLASSIC_ALONE) return p + len;
  const u8 *word = cutClassicWord(p, end, &has);
  const u8 *far = end - p > (ptrdiff_t)TEXT_WORD_MAX ? p + TEXT_WORD_MAX : end;
  if (word == p || word >= far) return word;
  const u8 *forms[] = {cutClassicJoin(p, far, "'", 1, true),
      cutClassicJoin(p, far, ".", 1, false), cutClassicMail(p, far),
      cutClassicCompany(p, far), cutClassicAcronym(p, far),
      cutClassicNumber(p, far)};
  for (u32 i = 0; i < SN_COUNT(forms); i++)
    if (forms[i] > word) word = forms[i];
  return word;
}

void snCutClassic(Cutter *c, const ChainStep *s, const u8 *text, size_t n,
    Tokens *t) {
  const u8 *p = text, *end = text + n;
  (void)c, (void)s;
  while (p < end && !t->rc) {
    const u8 *to = cutClassicToken(p, end);
    u32 len;
    if (to == p) {
      (void)snUtfGet(p, end, &len);
      p += len;
      continue;
    }
    size_t at = t->bytes.n;
    snBufAdd(&t->bytes, p, (size_t)(to - p));
    snTokensPieces(t, at, p, (u32)(p - text), (u32)(to - text));
    p = to;
  }
}
