/*
** chain: from the text of an analyzer to its steps.
**
**   chain   part (, part)*
**   part    name, or name(argument, ...)
**   argument  a text in single quotes ('' is one quote), or a number
**
** Names are those of Elasticsearch, of any case.  Before the tokenizer a name
** means a character filter or the tokenizer, behind it a token filter: so
** lowercase, ngram and classic may be either.
**
** (1) Steps stand in the order of the text: character filters, one tokenizer,
**     token filters.
** (2) The tokenizers of words and letters lower case as they cut when a
**     lowercase follows with nothing before it that looks at case; that
**     lowercase is then no step any more.
** (3) Parsing takes time and memory in proportion to the text; a chain has at
**     most TEXT_CHAIN bytes and TEXT_STEPS parts.
*/
#include "text/textInt.h"

/* ---- The parts ---------------------------------------------------------- */

static void chainStandard(Cutter *c, const ChainStep *s, const u8 *p,
    size_t n, Tokens *t) {
  snCutWord(c, TEXT_WORDS | (s->lower ? 0 : TEXT_AS_IT_IS), p, n, t);
}

static void chainLetters(Cutter *c, const ChainStep *s, const u8 *p,
    size_t n, Tokens *t) {
  snCutWord(c, TEXT_LETTERS | (s->lower ? 0 : TEXT_AS_IT_IS), p, n, t);
}

static const char *chainLower(ChainStep *s) {
  s->lower = true;
  return NULL;
}

static const char *chainUpper(ChainStep *s) {
  s->lower = false;
  return NULL;
}

/* num[0]: words of ASCII are folded already. */
static const char *chainFold(ChainStep *s) {
  s->num[0] = s->lower;
  s->lower = true;
  return NULL;
}

/* clang-format off */
static const ChainPart chain_parts[] = {
  {.name = "html_strip", .kind = CHAIN_CHARS, .args = ""},
  {.name = "mapping", .kind = CHAIN_CHARS, .args = "w+",
    .make = snCharsMappingMake},
  {.name = "pattern_replace", .kind = CHAIN_CHARS, .args = "?ww",
    .make = snCutPatternReplaceMake},

  {.name = "standard", .kind = CHAIN_CUT, .args = "", .cut = chainStandard},
  {.name = "letter", .kind = CHAIN_CUT, .args = "", .cut = chainLetters},
  {.name = "lowercase", .kind = CHAIN_CUT, .args = "", .make = chainLower,
    .cut = chainLetters},
  {.name = "whitespace", .kind = CHAIN_CUT, .args = "",
    .cut = snCutMiscBlanks},
  {.name = "keyword", .kind = CHAIN_CUT, .args = "", .cut = snCutMiscWhole},
  {.name = "split", .kind = CHAIN_CUT, .args = "w", .cut = snCutMiscSplit},
  {.name = "pattern", .kind = CHAIN_CUT, .args = "?wn",
    .make = snCutPatternMake, .cut = snCutPattern},
  {.name = "path_hierarchy", .kind = CHAIN_CUT, .args = "?wwn",
    .make = snCutMiscPathMake, .cut = snCutMiscPath},
  {.name = "ngram", .kind = CHAIN_CUT, .flags = CHAIN_GROWS, .args = "?nn",
    .make = snFilterGrowNgramMake, .cut = snCutMiscNgram},
  {.name = "edge_ngram", .kind = CHAIN_CUT, .args = "?nn",
    .make = snFilterGrowNgramMake, .cut = snCutMiscEdge},
  {.name = "classic", .kind = CHAIN_CUT, .args = "", .cut = snCutClassic},
  {.name = "uax_url_email", .kind = CHAIN_CUT, .args = "",
    .cut = snCutNetUrl},

  {.name = "lowercase", .kind = CHAIN_FILTER, .flags = CHAIN_FOLDS,
    .args = "", .make = chainLower, .filter = snFilterLower,
    .point = snUtfLower},
  {.name = "uppercase", .kind = CHAIN_FILTER, .flags = CHAIN_FOLDS,
    .args = "", .make = chainUpper, .filter = snFilterUpper,
    .point = snUtfUpper},
  {.name = "asciifolding", .kind = CHAIN_FILTER, .flags = CHAIN_FOLDS,
    .args = "", .make = chainFold, .filter = snFilterFold,
    .point = snUtfFold},
  {.name = "decimal_digit", .kind = CHAIN_FILTER,
    .flags = CHAIN_FOLDS | CHAIN_BLIND, .args = "",
    .filter = snFilterEditDigits, .point = snFilterEditDigit},
  {.name = "cjk_width", .kind = CHAIN_FILTER, .flags = CHAIN_FOLDS,
    .args = "", .filter = snFilterEditWidth, .point = snFilterEditWide},
  {.name = "elision", .kind = CHAIN_FILTER, .flags = CHAIN_BLIND,
    .args = "?w+", .make = snFilterElisionMake, .filter = snFilterElision},
  {.name = "possessive", .kind = CHAIN_FILTER, .flags = CHAIN_BLIND,
    .args = "", .filter = snFilterPossessive},
  {.name = "apostrophe", .kind = CHAIN_FILTER, .flags = CHAIN_BLIND,
    .args = "", .filter = snFilterEditApostrophe},
  {.name = "classic", .kind = CHAIN_FILTER, .flags = CHAIN_BLIND,
    .args = "", .filter = snFilterEditClassic},
  {.name = "trim", .kind = CHAIN_FILTER, .flags = CHAIN_BLIND, .args = "",
    .filter = snFilterEditTrim},
  {.name = "stop", .kind = CHAIN_FILTER, .args = "w+",
    .make = snFilterStopMake, .filter = snFilterStop},
  {.name = "keep", .kind = CHAIN_FILTER, .args = "w+", .make = snChainSet,
    .filter = snFilterEditKeep},
  {.name = "length", .kind = CHAIN_FILTER, .flags = CHAIN_BLIND,
    .args = "n?n", .make = snFilterEditRangeMake,
    .filter = snFilterEditLength},
  {.name = "truncate", .kind = CHAIN_FILTER, .flags = CHAIN_BLIND,
    .args = "n", .make = snFilterEditRangeMake,
    .filter = snFilterEditTruncate},
  {.name = "limit", .kind = CHAIN_FILTER, .flags = CHAIN_BLIND, .args = "?n",
    .filter = snFilterEditLimit},
  {.name = "reverse", .kind = CHAIN_FILTER, .flags = CHAIN_BLIND,
    .args = "", .filter = snFilterEditReverse},
  {.name = "pattern_replace", .kind = CHAIN_FILTER, .args = "?ww",
    .make = snCutPatternReplaceMake, .filter = snCutPatternReplace},
  {.name = "pattern_capture", .kind = CHAIN_FILTER, .flags = CHAIN_GROWS,
    .args = "w+", .make = snCutPatternCaptureMake,
    .filter = snCutPatternCapture},
  {.name = "unique", .kind = CHAIN_FILTER, .args = "",
    .filter = snFilterEditUnique},
  {.name = "stem", .kind = CHAIN_FILTER, .args = "w",
    .make = snFilterStemMake, .filter = snFilterStem},
  {.name = "keyword_marker", .kind = CHAIN_FILTER, .flags = CHAIN_FLAGS,
    .args = "w+", .make = snChainSet, .filter = snFilterEditMark},
  {.name = "keyword_repeat", .kind = CHAIN_FILTER,
    .flags = CHAIN_FLAGS | CHAIN_GROWS, .args = "",
    .filter = snFilterGrowRepeat},
  {.name = "stemmer_override", .kind = CHAIN_FILTER, .flags = CHAIN_FLAGS,
    .args = "w+", .make = snFilterEditOverrideMake,
    .filter = snFilterEditOverride},
  {.name = "soundex", .kind = CHAIN_FILTER, .args = "",
    .filter = snFilterEditSoundex},
  {.name = "phonetic", .kind = CHAIN_FILTER, .args = "w",
    .make = snPhoneticMake, .filter = snPhonetic},
  {.name = "ngram", .kind = CHAIN_FILTER, .flags = CHAIN_GROWS,
    .args = "?nn", .make = snFilterGrowNgramMake,
    .filter = snFilterGrowNgram},
  {.name = "edge_ngram", .kind = CHAIN_FILTER, .flags = CHAIN_GROWS,
    .args = "?nn", .make = snFilterGrowNgramMake,
    .filter = snFilterGrowEdge},
  {.name = "shingle", .kind = CHAIN_FILTER, .flags = CHAIN_GROWS,
    .args = "?nnw", .make = snFilterGrowShingleMake,
    .filter = snFilterGrowShingle},
  {.name = "common_grams", .kind = CHAIN_FILTER, .flags = CHAIN_GROWS,
    .args = "w+", .make = snChainSet, .filter = snFilterGrowCommon},
  {.name = "word_delimiter", .kind = CHAIN_FILTER, .flags = CHAIN_GROWS,
    .args = "", .filter = snFilterGrowSplit},
  {.name = "decompound", .kind = CHAIN_FILTER, .flags = CHAIN_GROWS,
    .args = "w+", .make = snChainSet, .filter = snFilterGrowDecompound},
  {.name = "fingerprint", .kind = CHAIN_FILTER, .args = "?w",
    .filter = snFilterGrowPrint},
  {.name = "synonyms", .kind = CHAIN_FILTER, .flags = CHAIN_GROWS,
    .args = "w+", .make = snSynonymMake, .filter = snSynonym},
};
/* clang-format on */

/* ---- Words of a step ---------------------------------------------------- */

const char *snChainSet(ChainStep *s) {
  for (u32 i = 0; i < s->nword; i++)
    (void)snStrSetAdd(&s->set, s->word[i].p, s->word[i].n);
  s->rc = s->set.rc;
  return NULL;
}

static bool chainBlank(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

static ChainWord chainTrim(const char *p, u32 n) {
  while (n && chainBlank(p[0])) p++, n--;
  while (n && chainBlank(p[n - 1])) n--;
  return (ChainWord){p, n};
}

bool snChainArrow(const char *p, u32 n, ChainWord *left, ChainWord *right) {
  for (u32 i = 0; i + 1 < n; i++) {
    if (p[i] != '=' || p[i + 1] != '>') continue;
    *left = chainTrim(p, i);
    *right = chainTrim(p + i + 2, n - i - 2);
    return true;
  }
  *left = *right = (ChainWord){p, 0};
  return false;
}

void snChainReplace(ChainStep *s, const ChainWord *from, const ChainWord *to,
    u32 *cap) {
  u32 before = s->set.n, k = snStrSetAdd(&s->set, from->p, from->n);
  u32 by = snStrSetAdd(&s->out, to->p, to->n);
  s->rc = s->set.rc ? s->set.rc : s->out.rc;
  if (!s->rc && k == before)
    s->rc = snMemGrow(s->set.budget, &s->to, cap, k + 1ull, sizeof *s->to);
  if (!s->rc) s->to[k] = by;
}

void snChainFree(ChainStep *s) {
  snStrSetClear(&s->set);
  snStrSetClear(&s->out);
  snIntSetClear(&s->edge);
  snMemFree(s->to);
  snMemFree(s->data);
  for (u32 k = 0; k < s->nregex; k++) snRegexFree(s->regex[k]);
  snMemFree(s->regex);
}

/* ---- Reading ------------------------------------------------------------ */

typedef struct Chain {
  Analyzer *a;
  const char *p, *end;
  ChainError *err;
  ChainStep *step; /* the one being read */
  u32 part, cap;   /* its number; room in a->step */
  bool has_cut;
  int rc;
} Chain;

static void chainFail(Chain *c, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void chainFail(Chain *c, const char *fmt, ...) {
  va_list ap;
  if (c->rc) return;
  c->rc = SEINE_ERROR;
  c->err->part = c->part;
  va_start(ap, fmt);
  vsnprintf(c->err->message, sizeof c->err->message, fmt, ap);
  va_end(ap);
  snUtf8Whole(c->err->message);
}

static bool chainSign(Chain *c, char sign) {
  while (c->p < c->end && chainBlank(*c->p)) c->p++;
  if (c->p == c->end || *c->p != sign) return false;
  c->p++;
  return true;
}

static u32 chainNameEnd(const char *p, const char *end) {
  u32 n = 0;
  while (p + n < end && (p[n] == '_' || (p[n] >= 'a' && p[n] <= 'z') ||
      (p[n] >= 'A' && p[n] <= 'Z') || (n && p[n] >= '0' && p[n] <= '9'))) n++;
  return n;
}

static const char *chainKindName(u32 kind) {
  static const char *const names[] = {"character filter", "tokenizer",
      "token filter"};
  return names[kind];
}

/* The nearest name of what may stand here, as a question. */
static void chainHint(Chain *c, const char *name) {
  u32 best = (u32)strlen(name) / 3 + 1;
  for (u32 i = 0; i < SN_COUNT(chain_parts); i++) {
    const ChainPart *part = chain_parts + i;
    u32 d = snAsciiDistance(name, part->name);
    if ((part->kind == CHAIN_FILTER) != c->has_cut || d > best ||
        (d == best && c->err->hint[0])) continue;
    best = d;
    snprintf(c->err->hint, sizeof c->err->hint, "did you mean: %s?",
        part->name);
  }
}

static const ChainPart *chainFind(Chain *c, const char *p, u32 n) {
  char name[64];
  const ChainPart *other = NULL;
  for (u32 i = 0; i < SN_COUNT(chain_parts); i++) {
    const ChainPart *part = chain_parts + i;
    if (!snAsciiEq(p, n, part->name, strlen(part->name))) continue;
    if ((part->kind == CHAIN_FILTER) == c->has_cut) return part;
    other = part;
  }
  snprintf(name, sizeof name, "%.*s", (int)SN_MIN(n, 60u), p);
  if (other && c->has_cut) {
    chainFail(c, "%s is a %s: it stands before the token filters, and a "
        "chain has one tokenizer", name, chainKindName(other->kind));
  } else if (other) {
    chainFail(c, "%s is a token filter: a tokenizer (standard, whitespace, "
        "keyword ...) must stand before it", name);
  } else {
    chainFail(c, "no such %s: %s", c->has_cut ? "token filter"
        : "tokenizer or character filter", name);
    chainHint(c, name);
  }
  return NULL;
}

/* Behind the quote at p, or NULL when it is never closed. */
static const char *chainQuoteEnd(const char *p, const char *end) {
  for (p++; p < end; p++) {
    if (*p != '\'') continue;
    if (p + 1 == end || p[1] != '\'') return p + 1;
    p++;
  }
  return NULL;
}

/* A text in quotes; its bytes go to the arena. */
static void chainText(Chain *c) {
  ChainStep *s = c->step;
  const char *p = c->p + 1, *end = chainQuoteEnd(c->p, c->end);
  u32 n = 0;
  if (!end) {
    chainFail(c, "%s: a quote is opened here and never closed",
        s->part->name);
    return;
  }
  char *to = snArenaBytes(&c->a->arena, (size_t)(end - p));
  ChainWord *word = s->word;
  if (to && s->nword == s->word_cap) {
    u32 cap = s->word_cap ? s->word_cap * 2 : 8;
    word = snArenaAlloc(&c->a->arena, cap * sizeof *word);
    if (word && s->nword) memcpy(word, s->word, s->nword * sizeof *word);
    s->word_cap = cap;
  }
  if (!to || !word) {
    c->rc = SN_NOMEM;
    return;
  }
  s->word = word;
  for (; p + 1 < end; p++) {
    if (*p == '\'') p++;
    to[n++] = *p;
  }
  c->p = end;
  s->word[s->nword++] = (ChainWord){to, n};
  if (!n && s->part->args[0] != '?')
    chainFail(c, "%s: a text is empty", s->part->name);
}

static void chainNumber(Chain *c) {
  ChainStep *s = c->step;
  const char *from = c->p;
  i64 v;
  while (c->p < c->end && *c->p >= '0' && *c->p <= '9') c->p++;
  if (s->nnum == SN_COUNT(s->num))
    chainFail(c, "%s: too many numbers", s->part->name);
  else if (!snNumInt(from, (size_t)(c->p - from), &v) || v > 1000000)
    chainFail(c, "%s: a number is too large", s->part->name);
  else s->num[s->nnum++] = (u32)v;
}

/* Is one more argument of that kind ('n', 'w') allowed, and where is it? */
static void chainExpect(Chain *c, u32 *at, char kind) {
  const char *args = c->step->part->args;
  if (args[*at] == '?') (*at)++;
  if (args[*at] == kind) (*at)++;
  else if (args[*at] != '+' || args[*at - 1] != kind) {
    if (!args[0])
      chainFail(c, "%s takes no arguments", c->step->part->name);
    else
      chainFail(c, "%s: %s is not expected here", c->step->part->name,
          kind == 'n' ? "a number" : "a text");
  }
}

static void chainArgs(Chain *c) {
  u32 at = 0;
  const char *args = c->step->part->args;
  bool more = chainSign(c, '(') && !chainSign(c, ')');
  while (more && !c->rc) {
    char first;
    while (c->p < c->end && chainBlank(*c->p)) c->p++;
    first = c->p < c->end ? *c->p : 0;
    if (first == '\'') {
      chainExpect(c, &at, 'w');
      if (!c->rc) chainText(c);
    } else if (first >= '0' && first <= '9') {
      chainExpect(c, &at, 'n');
      if (!c->rc) chainNumber(c);
    } else {
      chainFail(c, "%s: a text in quotes or a number must stand between "
          "the parentheses", c->step->part->name);
    }
    more = !c->rc && chainSign(c, ',');
    if (!more && !c->rc && !chainSign(c, ')'))
      chainFail(c, "%s: , or ) must stand behind an argument",
          c->step->part->name);
  }
  if (!c->rc && args[at] && args[at] != '?' && args[at] != '+' &&
      !(at && memchr(args, '?', at)))
    chainFail(c, "%s needs %s", c->step->part->name,
        args[at] == 'n' ? "a number" : "a text in quotes");
}

/* ---- Steps -------------------------------------------------------------- */

static const ChainStep *chainCut(const Analyzer *a) {
  return a->n > a->nchars ? a->step + a->nchars : NULL;
}

/* Has the tokenizer lower case itself? */
static bool chainFuse(Chain *c) {
  Analyzer *a = c->a;
  ChainStep *cut = a->step + a->nchars;
  if (c->step->part->filter != snFilterLower ||
      (cut->part->cut != chainStandard && cut->part->cut != chainLetters))
    return false;
  for (u32 i = a->nchars + 1; i < a->n; i++)
    if (!(a->step[i].part->flags & CHAIN_BLIND)) return false;
  for (u32 i = a->nchars; i < a->n; i++) a->step[i].lower = true;
  return true;
}

static void chainMake(Chain *c) {
  Analyzer *a = c->a;
  ChainStep *s = c->step;
  const char *wrong = NULL;
  if (s->part->kind == CHAIN_FILTER) s->lower = a->step[a->n - 1].lower;
  if (s->part->make) wrong = s->part->make(s);
  if (s->rc) c->rc = s->rc;
  else if (wrong) chainFail(c, "%s: %s", s->part->name, wrong);
  if (!c->rc && s->part->kind == CHAIN_FILTER && chainFuse(c)) {
    snChainFree(s);
    return;
  }
  a->grows |= (s->part->flags & CHAIN_GROWS) != 0;
  a->flags |= (s->part->flags & CHAIN_FLAGS) != 0;
  if (s->part->kind == CHAIN_CHARS) a->nchars++;
  if (s->part->kind == CHAIN_CUT) c->has_cut = true;
  a->n++;
}

static void chainPart(Chain *c) {
  Analyzer *a = c->a;
  u32 n;
  (void)chainSign(c, 0);
  n = chainNameEnd(c->p, c->end);
  if (c->part == c->cap) {
    chainFail(c, "a chain has more than %u parts", TEXT_STEPS);
    return;
  }
  c->step = a->step + a->n;
  if (!n) {
    chainFail(c, "the name of a %s is expected %s", c->has_cut
        ? "token filter" : "tokenizer", c->p == c->end ? "at the end" : "here");
    return;
  }
  const ChainPart *part = chainFind(c, c->p, n);
  if (!part) return;
  c->p += n;
  c->step->part = part;
  c->step->list = -1;
  snStrSetInit(&c->step->set, a->arena.budget);
  snStrSetInit(&c->step->out, a->arena.budget);
  snIntSetInit(&c->step->edge, a->arena.budget);
  chainArgs(c);
  if (!c->rc) chainMake(c);
  else snChainFree(c->step);
}

/* Parts of a text, as far as quotes and parentheses tell. */
static u32 chainCount(const char *p, const char *end) {
  u32 n = 1, depth = 0;
  for (; p && p < end && n < TEXT_STEPS; p++) {
    if (*p == '\'') {
      p = chainQuoteEnd(p, end);
      if (!p) break;
      p--;
    }
    depth += *p == '(';
    if (*p == ')' && depth) depth--;
    n += *p == ',' && !depth;
  }
  return n;
}

int snChainParse(Analyzer *a, const char *p, size_t n, ChainError *err) {
  Chain c = {.a = a, .p = p, .end = p + n, .err = err};
  if (n > TEXT_CHAIN) {
    chainFail(&c, "a chain is longer than %u bytes", TEXT_CHAIN);
    return c.rc;
  }
  c.cap = chainCount(p, c.end);
  a->step = snArenaZero(&a->arena, c.cap * sizeof *a->step);
  if (!a->step) return SN_NOMEM;
  do {
    chainPart(&c);
    c.part++;
  } while (!c.rc && chainSign(&c, ','));
  if (!c.rc && c.p < c.end)
    chainFail(&c, ", must stand between the parts of a chain");
  if (!c.rc && !chainCut(a))
    chainFail(&c, "a chain needs a tokenizer: standard, whitespace, keyword "
        "...");
  return c.rc;
}
