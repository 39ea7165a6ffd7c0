/*
** chars: filters of characters, before the tokenizer: tags of HTML, and
** replacements of one text, or of what fits a pattern, by another.
**
** (1) Each filter writes a whole new text, and pieces that say where its bytes
**     come from: those from piece[i].out up to piece[i + 1].out.  When
**     to - from is the length of the piece they are those bytes one by one,
**     else every byte of the piece stands for all of them.  The first piece
**     begins at 0.
** (2) A filter takes time in proportion to its text: what is never closed is
**     looked for in CHARS_FAR bytes, and then not again for half of them.
** (3) A token begins where its first byte comes from, and ends where its last
**     one does: what was taken away beside a word is not part of it.
*/
#include "text/textInt.h"

#define CHARS_FAR ((size_t)65536)

enum { CHARS_COMMENT, CHARS_SCRIPT, CHARS_STYLE, CHARS_TAG, CHARS_ENDS };

typedef struct Chars {
  CharsText *out;
  const u8 *text;
  size_t n;
  size_t none[CHARS_ENDS]; /* before these no end is looked for */
  int rc;
} Chars;

static void charsPiece(Chars *c, size_t from, size_t to) {
  CharsText *o = c->out;
  if (c->rc) return;
  c->rc = snMemGrow(o->text.budget, &o->piece, &o->cap, (u64)o->n + 1,
      sizeof *o->piece);
  if (c->rc) return;
  o->piece[o->n++] =
      (CharsPiece){(u32)o->text.n, (u32)from, (u32)to};
}

/* The bytes [from, to) of the text as they are. */
static void charsKeep(Chars *c, size_t from, size_t to) {
  if (from >= to) return;
  charsPiece(c, from, to);
  snBufAdd(&c->out->text, c->text + from, to - from);
}

/* Other bytes in their stead; as many as there were in two pieces, lest they
** seem to be the same ones. */
static void charsPut(Chars *c, size_t from, size_t to, const u8 *p,
    size_t n) {
  if (!n) return;
  charsPiece(c, from, to);
  if (n > 1 && n == to - from) {
    snBufByte(&c->out->text, *p++);
    n--;
    charsPiece(c, from, to);
  }
  snBufAdd(&c->out->text, p, n);
}

/* ---- mapping ------------------------------------------------------------ */

/* to[i] is the number in out of what word i of set becomes; num[0] and num[1]
** are the least and the greatest length of a word. */
const char *snCharsMappingMake(ChainStep *s) {
  u32 cap = 0;
  s->num[0] = UINT32_MAX;
  s->num[1] = 0;
  for (u32 i = 0; i < s->nword && !s->rc; i++) {
    ChainWord from, to;
    if (!snChainArrow(s->word[i].p, s->word[i].n, &from, &to) || !from.n)
      return "each text is a replacement: 'from => to'";
    if (from.n > 64 || to.n > 255) return "a text is longer than 64 bytes";
    snChainReplace(s, &from, &to, &cap);
    s->num[0] = SN_MIN(s->num[0], from.n);
    s->num[1] = SN_MAX(s->num[1], from.n);
  }
  return NULL;
}

/* The longest replacement that begins at p. */
static u32 charsMatch(const ChainStep *s, const u8 *p, size_t left) {
  for (u32 n = (u32)SN_MIN(left, s->num[1]); n >= s->num[0]; n--) {
    u32 k = snStrSetFind(&s->set, p, n);
    if (k != UINT32_MAX) return k;
  }
  return UINT32_MAX;
}

static void charsMapping(Chars *c, const ChainStep *s) {
  bool first[256] = {false};
  size_t at = 0, done = 0;
  for (u32 i = 0; i < s->set.n; i++) first[(u8)s->set.refs[i].p[0]] = true;
  while (at < c->n && !c->rc) {
    u32 k = first[c->text[at]] ? charsMatch(s, c->text + at, c->n - at)
                               : UINT32_MAX;
    if (k == UINT32_MAX) {
      at++;
      continue;
    }
    const StrRef *from = s->set.refs + k, *to = s->out.refs + s->to[k];
    charsKeep(c, done, at);
    charsPut(c, at, at + from->n, (const u8 *)to->p, to->n);
    at += from->n;
    done = at;
  }
  charsKeep(c, done, c->n);
}

/* ---- pattern_replace ---------------------------------------------------- */

static void charsPattern(Chars *c, const ChainStep *s) {
  RegexScan scan;
  Buf to;
  size_t done = 0;
  u64 most = TEXT_TOKENS(c->n);
  snBufInit(&to, c->out->text.budget);
  int rc = snRegexScan(&scan, s->regex[0], c->text, (u32)c->n);
  while (!rc && !c->rc && !(rc = snRegexScanNext(&scan)) && scan.found) {
    to.n = 0;
    rc = snCutPatternPut(s, &scan, &to);
    charsKeep(c, done, scan.from);
    charsPut(c, scan.from, scan.to, to.data, to.n);
    if (c->out->text.n > most) rc = SEINE_TOOBIG;
    done = scan.to;
  }
  charsKeep(c, done, c->n);
  if (rc && !c->rc) c->rc = rc;
  snBufClear(&to);
}

/* ---- html_strip --------------------------------------------------------- */

/* Entities that texts have, sorted; others stay as they are. */
static const struct CharsEntity {
  char name[8];
  u16 code;
} chars_entities[] = {
  {"AElig", 198}, {"Aacute", 193}, {"Acirc", 194}, {"Agrave", 192},
  {"Aring", 197}, {"Atilde", 195}, {"Auml", 196}, {"Ccedil", 199},
  {"ETH", 208}, {"Eacute", 201}, {"Ecirc", 202}, {"Egrave", 200},
  {"Euml", 203}, {"Iacute", 205}, {"Icirc", 206}, {"Igrave", 204},
  {"Iuml", 207}, {"Ntilde", 209}, {"OElig", 338}, {"Oacute", 211},
  {"Ocirc", 212}, {"Ograve", 210}, {"Oslash", 216}, {"Otilde", 213},
  {"Ouml", 214}, {"THORN", 222}, {"Uacute", 218}, {"Ucirc", 219},
  {"Ugrave", 217}, {"Uuml", 220}, {"Yacute", 221}, {"aacute", 225},
  {"acirc", 226}, {"aelig", 230}, {"agrave", 224}, {"amp", '&'},
  {"apos", '\''}, {"aring", 229}, {"atilde", 227}, {"auml", 228},
  {"bull", 8226}, {"ccedil", 231}, {"cent", 162}, {"copy", 169},
  {"deg", 176}, {"eacute", 233}, {"ecirc", 234}, {"egrave", 232},
  {"eth", 240}, {"euml", 235}, {"euro", 8364}, {"gt", '>'},
  {"hellip", 8230}, {"iacute", 237}, {"icirc", 238}, {"iexcl", 161},
  {"igrave", 236}, {"iquest", 191}, {"iuml", 239}, {"laquo", 171},
  {"ldquo", 8220}, {"lsquo", 8216}, {"lt", '<'}, {"mdash", 8212},
  {"micro", 181}, {"middot", 183}, {"nbsp", ' '}, {"ndash", 8211},
  {"ntilde", 241}, {"oacute", 243}, {"ocirc", 244}, {"oelig", 339},
  {"ograve", 242}, {"ordf", 170}, {"ordm", 186}, {"oslash", 248},
  {"otilde", 245}, {"ouml", 246}, {"para", 182}, {"pound", 163},
  {"quot", '"'}, {"raquo", 187}, {"rdquo", 8221}, {"reg", 174},
  {"rsquo", 8217}, {"sect", 167}, {"shy", 173}, {"szlig", 223},
  {"thorn", 254}, {"times", 215}, {"trade", 8482}, {"uacute", 250},
  {"ucirc", 251}, {"ugrave", 249}, {"uuml", 252}, {"yacute", 253},
  {"yen", 165}, {"yuml", 255},
};

static u32 charsEntityNamed(const char *p, size_t n) {
  u32 lo = 0, hi = SN_COUNT(chars_entities);
  while (lo < hi) {
    u32 mid = (lo + hi) / 2;
    const char *name = chars_entities[mid].name;
    int d = snStrCmp(p, (u32)n, name, (u32)strlen(name));
    if (!d) return chars_entities[mid].code;
    if (d < 0) hi = mid;
    else lo = mid + 1;
  }
  return 0;
}

static u32 charsEntityNumber(const u8 *p, size_t n) {
  bool hex = n && (p[0] == 'x' || p[0] == 'X');
  u32 v = 0;
  if (n == hex || n > 8) return 0;
  for (size_t i = hex; i < n; i++) {
    u8 c = p[i] | 0x20;
    if (p[i] >= '0' && p[i] <= '9') v = v * (hex ? 16 : 10) + (p[i] - '0');
    else if (hex && c >= 'a' && c <= 'f') v = v * 16 + (c - 'a' + 10u);
    else return 0;
  }
  return v > 0x10ffff || (v >= 0xd800 && v <= 0xdfff) ? 0 : v;
}

/* &name; and &#10; &#xa;: bytes of it, 0 when it is none. */
static size_t charsEntity(const u8 *p, size_t n, u32 *code) {
  size_t end = 1;
  while (end < n && end < 12 && p[end] != ';') end++;
  if (end >= n || p[end] != ';' || end < 2) return 0;
  *code = p[1] == '#' ? charsEntityNumber(p + 2, end - 2)
                      : charsEntityNamed((const char *)p + 1, end - 1);
  return *code ? end + 1 : 0;
}

static bool charsIs(const u8 *p, size_t n, const char *word) {
  size_t k = strlen(word);
  return n >= k && !snAsciiCmp((const char *)p, k, word, k);
}

/* Behind the end of what begins at `at`, looked for from there + skip on; at
** itself when it is not found. */
static size_t charsEnd(Chars *c, u32 what, size_t at, size_t skip) {
  static const char *const ends[] = {"-->", "</script>", "</style>"};
  size_t k = strlen(ends[what]), last = SN_MIN(c->n - at, CHARS_FAR);
  if (at < c->none[what]) return at;
  for (size_t i = skip; i + k <= last; i++)
    if (charsIs(c->text + at + i, k, ends[what])) return at + i + k;
  c->none[what] = at + CHARS_FAR / 2;
  return at;
}

/* The end of the tag at `at`, or at itself: < is only a sign.  A > in quotes
** ends it only when the quotes are never closed. */
static size_t charsTagEnd(Chars *c, size_t at) {
  const u8 *p = c->text + at;
  size_t n = SN_MIN(c->n - at, CHARS_FAR), first = 0;
  u8 quote = 0, sign = n > 1 ? p[1] : 0;
  bool tag = sign == '/' || sign == '!' || sign == '?' ||
      (u8)((sign | 0x20) - 'a') < 26;
  if (!tag || at < c->none[CHARS_TAG]) return at;
  for (size_t i = 1; i < n; i++) {
    if (p[i] == '>' && !first) first = i;
    if (quote) quote = p[i] == quote ? 0 : quote;
    else if ((p[i] == '"' || p[i] == '\'') && p[i - 1] == '=') quote = p[i];
    else if (p[i] == '>') return at + i + 1;
    if (first && i > first + 1024) break;
  }
  if (first) return at + first + 1;
  c->none[CHARS_TAG] = at + CHARS_FAR / 2;
  return at;
}

/* Tags between which a word goes on. */
static bool charsInline(const u8 *p, size_t n) {
  static const char *const names[] = {"a", "abbr", "acronym", "b", "basefont",
      "bdo", "big", "cite", "code", "dfn", "em", "font", "i", "img", "input",
      "kbd", "label", "q", "s", "samp", "select", "small", "span", "strike",
      "strong", "sub", "sup", "textarea", "tt", "u", "var"};
  size_t k = 0;
  if (n && *p == '/') p++, n--;
  while (k < n && ((u8)((p[k] | 0x20) - 'a') < 26)) k++;
  for (u32 i = 0; i < SN_COUNT(names); i++)
    if (snAsciiEq((const char *)p, k, names[i], strlen(names[i]))) return true;
  return false;
}

/* The end of what stands at the < of `at`; *newline: words part there. */
static size_t charsTag(Chars *c, size_t at, bool *newline) {
  const u8 *p = c->text + at;
  size_t left = c->n - at, end, close = at;
  *newline = false;
  if (charsIs(p, left, "<!--")) {
    end = charsEnd(c, CHARS_COMMENT, at, 4);
    if (end > at) return end;
  }
  end = charsTagEnd(c, at);
  if (end == at) return at;
  if (charsIs(p, left, "<script"))
    close = charsEnd(c, CHARS_SCRIPT, at, end - at);
  if (charsIs(p, left, "<style"))
    close = charsEnd(c, CHARS_STYLE, at, end - at);
  *newline = !charsInline(p + 1, end - at - 1);
  return SN_MAX(end, close);
}

static void charsHtml(Chars *c) {
  size_t at = 0, done = 0;
  while (at < c->n && !c->rc) {
    bool newline = false;
    size_t end = at;
    u32 code = 0;
    u8 utf[4];
    if (c->text[at] == '<') end = charsTag(c, at, &newline);
    else if (c->text[at] == '&')
      end += charsEntity(c->text + at, c->n - at, &code);
    if (end == at) {
      at++;
      continue;
    }
    charsKeep(c, done, at);
    if (newline) charsPut(c, at, end, (const u8 *)"\n", 1);
    if (code) charsPut(c, at, end, utf, snUtfPut(utf, code));
    done = at = end;
  }
  charsKeep(c, done, c->n);
}

/* ---- all ---------------------------------------------------------------- */

const u8 *snCharsRun(Cutter *cutter, const Analyzer *a, const u8 *p,
    size_t *n, int *rc) {
  for (u32 i = 0; i < a->nchars && !*rc; i++) {
    CharsText *o = cutter->chars + i;
    Chars c = {.out = o, .text = p, .n = *n};
    o->text.n = 0;
    o->n = 0;
    if (a->step[i].nregex) charsPattern(&c, a->step + i);
    else if (a->step[i].part->make) charsMapping(&c, a->step + i);
    else charsHtml(&c);
    *rc = c.rc ? c.rc : o->text.rc;
    o->text.rc = SEINE_OK;
    if (!*rc && o->text.n > TEXT_MAX) *rc = SEINE_TOOBIG;
    p = o->text.data;
    *n = o->text.n;
  }
  return p;
}

/* Where byte `out` comes from: its first byte and the one behind. */
static void charsSource(const CharsText *o, u32 out, u32 *from, u32 *to) {
  u32 lo = 0, hi = o->n;
  while (lo + 1 < hi) {
    u32 mid = lo + (hi - lo) / 2;
    if (o->piece[mid].out <= out) lo = mid;
    else hi = mid;
  }
  const CharsPiece *x = o->piece + lo;
  u32 len = (lo + 1 < o->n ? x[1].out : (u32)o->text.n) - x->out;
  bool same = x->to - x->from == len;
  *from = same ? x->from + (out - x->out) : x->from;
  *to = same ? *from + 1 : x->to;
}

void snCharsBack(const Cutter *c, const Analyzer *a, Tokens *t, u32 first) {
  for (u32 k = a->nchars; k-- > 0;) {
    const CharsText *o = c->chars + k;
    for (u32 i = first; i < t->n; i++) {
      u32 from, to, none;
      charsSource(o, t->from[i], &from, &none);
      charsSource(o, t->to[i] - 1, &none, &to);
      t->from[i] = from;
      t->to[i] = SN_MAX(to, from);
    }
  }
}

#undef CHARS_FAR
