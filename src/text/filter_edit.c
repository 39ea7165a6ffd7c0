/*
** filter_edit: token filters that change words or take them out: one token in,
** at most one out.  The rules of filter.c hold here too.
*/
#include "text/textInt.h"

/* ---- Words taken out ---------------------------------------------------- */

const char *snFilterEditRangeMake(ChainStep *s) {
  if (s->nnum < 2) s->num[1] = UINT32_MAX;
  return s->num[0] > s->num[1] ? "the first number is above the second" : NULL;
}

/* length(min, max): characters. */
void snFilterEditLength(Cutter *c, const ChainStep *s, Tokens *t,
    u32 first) {
  u32 to = first;
  (void)c;
  for (u32 i = first; i < t->n; i++) {
    u32 chars = snUtfCount(t->bytes.data + t->at[i], t->len[i]);
    snTokensTake(t, to, i);
    to += chars >= s->num[0] && chars <= s->num[1];
  }
  t->n = to;
}

void snFilterEditKeep(Cutter *c, const ChainStep *s, Tokens *t, u32 first) {
  u32 to = first;
  (void)c;
  for (u32 i = first; i < t->n; i++) {
    bool kept = snStrSetFind(&s->set, t->bytes.data + t->at[i], t->len[i]) !=
        UINT32_MAX;
    snTokensTake(t, to, i);
    to += kept;
  }
  t->n = to;
}

/* The first num[0] tokens of a text, one when no number is given. */
void snFilterEditLimit(Cutter *c, const ChainStep *s, Tokens *t, u32 first) {
  u32 most = s->nnum ? s->num[0] : 1;
  (void)c;
  if (t->n - first > most) t->n = first + most;
}

/* The first one of equal tokens stays. */
void snFilterEditUnique(Cutter *c, const ChainStep *s, Tokens *t,
    u32 first) {
  StrSet seen;
  u32 to = first;
  (void)s;
  snStrSetInit(&seen, c->budget);
  for (u32 i = first; i < t->n; i++) {
    u32 n = seen.n;
    (void)snStrSetAdd(&seen, t->bytes.data + t->at[i], t->len[i]);
    snTokensTake(t, to, i);
    to += seen.n > n;
  }
  t->n = to;
  if (seen.rc) t->rc = seen.rc;
  snStrSetClear(&seen);
}

/* ---- Shorter words ------------------------------------------------------ */

void snFilterEditTruncate(Cutter *c, const ChainStep *s, Tokens *t,
    u32 first) {
  u32 to = first;
  (void)c;
  for (u32 i = first; i < t->n; i++) {
    const u8 *p = t->bytes.data + t->at[i];
    snTokensTake(t, to, i);
    t->len[to] = (u32)snUtfOffset(p, t->len[i], s->num[0]);
    to += t->len[to] > 0;
  }
  t->n = to;
}

void snFilterEditTrim(Cutter *c, const ChainStep *s, Tokens *t, u32 first) {
  u32 to = first;
  (void)c, (void)s;
  for (u32 i = first; i < t->n; i++) {
    const u8 *p = t->bytes.data + t->at[i];
    u32 n = t->len[i], skip = 0;
    while (skip < n && p[skip] <= ' ') skip++;
    while (n > skip && p[n - 1] <= ' ') n--;
    snTokensTake(t, to, i);
    t->at[to] += skip;
    t->len[to] = n - skip;
    to += n > skip;
  }
  t->n = to;
}

/* What begins with the first apostrophe goes: Turkish suffixes. */
void snFilterEditApostrophe(Cutter *c, const ChainStep *s, Tokens *t,
    u32 first) {
  u32 to = first;
  (void)c, (void)s;
  for (u32 i = first; i < t->n; i++) {
    const u8 *p = t->bytes.data + t->at[i];
    u32 n = t->len[i], k = 0;
    while (k < n && p[k] != '\'' &&
        !(p[k] == 0xe2 && n - k >= 3 && p[k + 1] == 0x80 && p[k + 2] == 0x99))
      k++;
    snTokensTake(t, to, i);
    t->len[to] = k;
    to += k > 0;
  }
  t->n = to;
}

/* ---- Other words -------------------------------------------------------- */

static bool filterEditIsAcronym(const char *p, size_t n) {
  if (n < 4 || n % 2) return false;
  for (size_t i = 0; i < n; i += 2)
    if ((u8)((p[i] | 0x20) - 'a') > 25 || p[i + 1] != '.') return false;
  return true;
}

/* 's goes, and the points of an acronym. */
static void filterEditClassic(Buf *out, const char *p, size_t n) {
  bool acronym = filterEditIsAcronym(p, n);
  if (n > 2 && p[n - 2] == '\'' && (p[n - 1] | 0x20) == 's') n -= 2;
  for (size_t i = 0; i < n; i++)
    if (!acronym || p[i] != '.') snBufByte(out, (u8)p[i]);
}

void snFilterEditClassic(Cutter *c, const ChainStep *s, Tokens *t,
    u32 first) {
  (void)c, (void)s;
  snFilterMap(t, first, true, filterEditClassic);
}

static void filterEditReverse(Buf *out, const char *text, size_t n) {
  const u8 *p = (const u8 *)text;
  u8 *to = snBufSpace(out, n);
  for (size_t i = 0; to && i < n;) {
    u32 len = snTokensChar(p + i, p + n);
    i += len;
    memcpy(to + n - i, p + i - len, len);
  }
}

void snFilterEditReverse(Cutter *c, const ChainStep *s, Tokens *t,
    u32 first) {
  (void)c, (void)s;
  snFilterMap(t, first, true, filterEditReverse);
}

/* Zeros of the sets of decimal digits up to U+FF10 that are in use. */
static const u16 filter_edit_zeros[] = {0x660, 0x6f0, 0x7c0, 0x966, 0x9e6,
    0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6, 0xe50, 0xed0,
    0xf20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90,
    0x1b50, 0x1bb0, 0x1c40, 0x1c50, 0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xa9f0,
    0xaa50, 0xabf0, 0xff10};

static void filterEditPoints(Buf *out, const char *text, size_t n,
    u32 (*map)(u32)) {
  const u8 *p = (const u8 *)text, *end = p + n;
  u32 len;
  for (; p < end; p += len) {
    u8 utf[4];
    u32 c = snUtfGet(p, end, &len), to = map(c);
    if (to == c || (len == 1 && *p >= 0x80)) snBufAdd(out, p, len);
    else snBufAdd(out, utf, snUtfPut(utf, to));
  }
}

static u32 filterEditToDigit(u32 c) {
  for (u32 i = 0; c >= 0x660 && i < SN_COUNT(filter_edit_zeros); i++)
    if (c - filter_edit_zeros[i] < 10) return '0' + c - filter_edit_zeros[i];
  return c;
}

void snFilterEditDigit(Buf *out, const char *p, size_t n) {
  filterEditPoints(out, p, n, filterEditToDigit);
}

void snFilterEditDigits(Cutter *c, const ChainStep *s, Tokens *t,
    u32 first) {
  (void)c, (void)s;
  snFilterMap(t, first, false, snFilterEditDigit);
}

/* Full-width ASCII and half-width katakana in their usual width. */
static u32 filterEditToWidth(u32 c) {
  static const u16 kana[] = {0x30fb, 0x30f2, 0x30a1, 0x30a3, 0x30a5, 0x30a7,
      0x30a9, 0x30e3, 0x30e5, 0x30e7, 0x30c3, 0x30fc, 0x30a2, 0x30a4, 0x30a6,
      0x30a8, 0x30aa, 0x30ab, 0x30ad, 0x30af, 0x30b1, 0x30b3, 0x30b5, 0x30b7,
      0x30b9, 0x30bb, 0x30bd, 0x30bf, 0x30c1, 0x30c4, 0x30c6, 0x30c8, 0x30ca,
      0x30cb, 0x30cc, 0x30cd, 0x30ce, 0x30cf, 0x30d2, 0x30d5, 0x30d8, 0x30db,
      0x30de, 0x30df, 0x30e0, 0x30e1, 0x30e2, 0x30e4, 0x30e6, 0x30e8, 0x30e9,
      0x30ea, 0x30eb, 0x30ec, 0x30ed, 0x30ef, 0x30f3, 0x3099, 0x309a};
  if (c >= 0xff01 && c <= 0xff5e) return c - 0xfee0;
  if (c >= 0xff65 && c - 0xff65 < SN_COUNT(kana)) return kana[c - 0xff65];
  return c;
}

/* Does the voiced form of a kana follow it in Unicode? */
static bool filterEditVoiced(u32 c) {
  return (c >= 0x30ab && c <= 0x30c1 && c % 2) ||
      c == 0x30c4 || c == 0x30c6 || c == 0x30c8 ||
      (c >= 0x30cf && c <= 0x30db && c % 3 == 0);
}

void snFilterEditWide(Buf *out, const char *text, size_t n) {
  const u8 *p = (const u8 *)text, *end = p + n;
  u32 len, more;
  for (; p < end; p += len) {
    u8 utf[4];
    u32 c = snUtfGet(p, end, &len), to = filterEditToWidth(c), mark = 0;
    if (len == 1 && *p >= 0x80) {
      snBufByte(out, *p);
      continue;
    }
    if (to != c && p + len < end) mark = snUtfGet(p + len, end, &more);
    if (mark == 0xff9e && (filterEditVoiced(to) || to == 0x30a6)) {
      to = to == 0x30a6 ? 0x30f4 : to + 1;
      len += more;
    } else if (mark == 0xff9f && to >= 0x30cf && to <= 0x30db &&
        to % 3 == 0) {
      to += 2;
      len += more;
    }
    snBufAdd(out, utf, snUtfPut(utf, to));
  }
}

void snFilterEditWidth(Cutter *c, const ChainStep *s, Tokens *t, u32 first) {
  (void)c, (void)s;
  snFilterMap(t, first, false, snFilterEditWide);
}

/* American Soundex: a letter and three digits.  Words that do not begin with
** a letter of ASCII stay. */
static void filterEditSoundex(Buf *out, const char *p, size_t n) {
  static const char codes[] = "01230120022455012623010202";
  /* h and w (code 0 here) do not part equal codes, vowels do */
  char code[4] = {'0', '0', '0', '0'}, last = 0;
  u32 k = 0;
  for (size_t i = 0; i < n && k < 4; i++) {
    u8 c = (u8)(p[i] | 0x20), x = (u8)(c - 'a');
    if (x > 25) {
      if (!i) {
        snBufAdd(out, p, n);
        return;
      }
      continue;
    }
    char d = codes[x];
    if (!k) code[k++] = (char)(c - 0x20);
    else if (d != '0' && d != last) code[k++] = d;
    if (c != 'h' && c != 'w') last = d;
  }
  snBufAdd(out, code, 4);
}

void snFilterEditSoundex(Cutter *c, const ChainStep *s, Tokens *t,
    u32 first) {
  (void)c, (void)s;
  snFilterMap(t, first, true, filterEditSoundex);
}

/* ---- Words that no stemmer may change ----------------------------------- */

void snFilterEditMark(Cutter *c, const ChainStep *s, Tokens *t, u32 first) {
  (void)c;
  for (u32 i = first; i < t->n; i++)
    if (snStrSetFind(&s->set, t->bytes.data + t->at[i], t->len[i]) !=
        UINT32_MAX)
      t->flag[i] |= TEXT_PROTECTED;
}

/* to[i]: the number in out of what word i becomes. */
const char *snFilterEditOverrideMake(ChainStep *s) {
  u32 cap = 0;
  s->lower = false;
  for (u32 i = 0; i < s->nword && !s->rc; i++) {
    ChainWord from, to;
    if (!snChainArrow(s->word[i].p, s->word[i].n, &from, &to) || !from.n ||
        !to.n || to.n > TEXT_WORD_MAX)
      return "each text is a rule: 'word => stem'";
    snChainReplace(s, &from, &to, &cap);
  }
  return NULL;
}

void snFilterEditOverride(Cutter *c, const ChainStep *s, Tokens *t,
    u32 first) {
  (void)c;
  for (u32 i = first; i < t->n; i++) {
    u32 k = snStrSetFind(&s->set, t->bytes.data + t->at[i], t->len[i]);
    if (k == UINT32_MAX) continue;
    const StrRef *to = s->out.refs + s->to[k];
    size_t at = t->bytes.n;
    if (!snTokensRoom(t, to->n)) return;
    snBufAdd(&t->bytes, to->p, to->n);
    t->at[i] = (u32)at;
    t->len[i] = to->n;
    t->flag[i] |= TEXT_PROTECTED;
  }
}
