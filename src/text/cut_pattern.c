/*
** cut_pattern: what regular expressions do to texts: the tokenizer pattern,
** the token filters pattern_replace and pattern_capture, and the replacements
** that the character filter of chars.c makes.
**
** (1) The automaton lies in the step: an analyzer serves one cutter, so one
**     thread.
** (2) Matches are the longest, and none is empty: snRegexScan().
** (3) A replacement has $0 to $9 for what a group has matched, \ before a
**     sign that stands for itself.
** (4) A text that its pattern takes too long for is TOOBIG, as one of which a
**     filter makes too many tokens.
*/
#include "text/textInt.h"

#define CUT_PATTERN_TEXT 255u /* bytes of a replacement as it is written */

/* The pattern of word k; in s->out so that a message lives. */
static const char *cutPatternNew(ChainStep *s, u32 k, Regex **out) {
  char why[REGEX_MESSAGE], text[REGEX_MESSAGE + 64];
  u32 at;
  int rc = snRegexNew(s->set.budget, s->word[k].p, s->word[k].n,
      REGEX_FIND | REGEX_SPAN, out, why, &at);
  if (!rc) return NULL;
  if (rc == SEINE_NOMEM) {
    s->rc = rc;
    return NULL;
  }
  snprintf(text, sizeof text, "bad regular expression: %s, at character %u",
      why, (unsigned)snUtfCount(s->word[k].p, at) + 1);
  k = snStrSetAdd(&s->out, text, (u32)strlen(text) + 1);
  s->rc = s->out.rc;
  return s->rc ? NULL : (const char *)s->out.refs[k].p;
}

static const char *cutPatternAll(ChainStep *s, u32 n) {
  const char *wrong = NULL;
  s->regex = snMemZero(s->set.budget, (n + 1ull) * sizeof(Regex *));
  if (!s->regex) s->rc = SN_NOMEM;
  for (u32 k = 0; k < n && !wrong && !s->rc; k++) {
    wrong = cutPatternNew(s, k, s->regex + k);
    s->nregex += !wrong && !s->rc;
  }
  return wrong;
}

/* ---- pattern ------------------------------------------------------------ */

/* nnum 1: tokens are group num[0]; 0: what stands between matches. */
const char *snCutPatternMake(ChainStep *s) {
  static const ChainWord signs = {"\\W+", 3};
  if (s->nword && !s->word[0].n) return "the pattern is empty";
  ChainStep with = *s;
  if (!s->nword) with.word = (ChainWord *)(uintptr_t)&signs;
  const char *wrong = cutPatternAll(&with, 1);
  with.word = s->word;
  *s = with;
  if (!wrong && !s->rc && s->nnum && s->num[0] > s->regex[0]->ngroup)
    return "the pattern has no group of that number";
  return wrong;
}

static void cutPatternAdd(const u8 *text, RegexSpan x, Tokens *t) {
  size_t at = t->bytes.n;
  if (x.from >= x.to || t->rc) return;
  snBufAdd(&t->bytes, text + x.from, x.to - x.from);
  snTokensPieces(t, at, text + x.from, x.from, x.to);
}

void snCutPattern(Cutter *c, const ChainStep *s, const u8 *text, size_t n,
    Tokens *t) {
  RegexSpan group[REGEX_GROUPS], gap = {0, 0};
  RegexScan scan;
  int rc = snRegexScan(&scan, s->regex[0], text, (u32)n);
  (void)c;
  while (!rc && !t->rc && !(rc = snRegexScanNext(&scan)) && scan.found) {
    gap.to = scan.from;
    if (!s->nnum) cutPatternAdd(text, gap, t);
    else if (!(rc = snRegexScanGroups(&scan, group)))
      cutPatternAdd(text, group[s->num[0]], t);
    gap.from = scan.to;
  }
  gap.to = (u32)n;
  if (!rc && !s->nnum) cutPatternAdd(text, gap, t);
  if (rc && !t->rc) t->rc = rc;
}

/* ---- Replacements ------------------------------------------------------- */

/* num[0]: the greatest group that the replacement names. */
const char *snCutPatternReplaceMake(ChainStep *s) {
  const char *wrong = NULL;
  if (!s->nword || !s->word[0].n) return "a pattern is needed";
  if (s->nword > 1 && s->word[1].n > CUT_PATTERN_TEXT)
    return "the replacement is longer than 255 bytes";
  wrong = cutPatternAll(s, 1);
  s->lower = false;
  for (u32 i = 0; s->nword > 1 && !wrong && i < s->word[1].n; i++) {
    const char *p = s->word[1].p + i;
    bool last = i + 1 == s->word[1].n;
    if (*p == '\\') i++;
    if (*p == '\\' && last) return "nothing follows the \\";
    if (*p != '$') continue;
    if (last || (u8)(p[1] - '0') > 9)
      return "a digit follows a $; \\$ is the sign itself";
    s->num[0] = SN_MAX(s->num[0], (u32)(p[1] - '0'));
  }
  if (!wrong && !s->rc && s->num[0] > s->regex[0]->ngroup)
    return "the pattern has no group of the number behind a $";
  return wrong;
}

int snCutPatternPut(const ChainStep *s, RegexScan *scan, Buf *out) {
  RegexSpan group[REGEX_GROUPS] = {{scan->from, scan->to}};
  if (s->nword < 2) return SEINE_OK;
  const char *p = s->word[1].p, *end = p + s->word[1].n;
  int rc = s->num[0] ? snRegexScanGroups(scan, group) : SEINE_OK;
  for (; p < end && !rc; p++) {
    if (*p == '\\') {
      snBufByte(out, (u8)*++p);
    } else if (*p == '$') {
      RegexSpan x = group[*++p - '0'];
      if (x.from < x.to) snBufAdd(out, scan->text + x.from, x.to - x.from);
    } else {
      snBufByte(out, (u8)*p);
    }
  }
  return rc ? rc : out->rc;
}

/* A token as the scan's text; what comes of it goes behind the others. */
static int cutPatternToken(const ChainStep *s, const u8 *word, u32 n,
    Tokens *t, bool *changed) {
  RegexScan scan;
  u32 done = 0;
  size_t at = t->bytes.n;
  int rc = snRegexScan(&scan, s->regex[0], word, n);
  *changed = false;
  while (!rc && !(rc = snRegexScanNext(&scan)) && scan.found &&
      t->bytes.n - at <= TEXT_WORD_MAX) {
    *changed = true;
    snBufAdd(&t->bytes, word + done, scan.from - done);
    rc = snCutPatternPut(s, &scan, &t->bytes);
    done = scan.to;
  }
  if (*changed) snBufAdd(&t->bytes, word + done, n - done);
  return rc ? rc : t->bytes.rc;
}

void snCutPatternReplace(Cutter *c, const ChainStep *s, Tokens *t,
    u32 first) {
  u8 word[TEXT_WORD_MAX + 1];
  u32 to = first;
  (void)c;
  for (u32 i = first; i < t->n && !t->rc; i++) {
    u32 n = SN_MIN(t->len[i], TEXT_WORD_MAX);
    size_t at = t->bytes.n;
    bool changed;
    memcpy(word, t->bytes.data + t->at[i], n);
    t->rc = cutPatternToken(s, word, n, t, &changed);
    if (!t->rc && t->bytes.n > UINT32_MAX) t->rc = SEINE_TOOBIG;
    if (t->rc) return;
    snTokensTake(t, to, i);
    if (changed) {
      t->at[to] = (u32)at;
      t->len[to] = snTokensClip(t->bytes.data + at, t->bytes.n - at);
      t->bytes.n = at + t->len[to];
    }
    to += t->len[to] > 0;
  }
  t->n = to;
}

/* ---- pattern_capture ---------------------------------------------------- */

const char *snCutPatternCaptureMake(ChainStep *s) {
  return cutPatternAll(s, s->nword);
}

/* The groups of all matches of pattern k in token i, at its place. */
static int cutPatternGroups(const ChainStep *s, u32 k, Tokens *t,
    const Tokens *spare, u32 i) {
  RegexSpan group[REGEX_GROUPS];
  RegexScan scan;
  u8 word[TEXT_WORD_MAX + 1]; /* the buffer may move */
  u32 n = SN_MIN(spare->len[i], TEXT_WORD_MAX);
  memcpy(word, t->bytes.data + spare->at[i], n);
  int rc = snRegexScan(&scan, s->regex[k], word, n);
  while (!rc && !t->rc && !(rc = snRegexScanNext(&scan)) && scan.found) {
    rc = snRegexScanGroups(&scan, group);
    for (u32 g = 1; !rc && g <= s->regex[k]->ngroup; g++) {
      RegexSpan x = group[g];
      if (x.from >= x.to || x.to - x.from == n) continue;
      snTokensPut(t, spare, i, spare->at[i] + x.from, x.to - x.from,
          spare->pos[i]);
    }
  }
  return rc;
}

void snCutPatternCapture(Cutter *c, const ChainStep *s, Tokens *t,
    u32 first) {
  Tokens *spare = &c->spare;
  if (!snTokensLift(t, first, spare)) return;
  for (u32 i = 0; i < spare->n && !t->rc; i++) {
    int rc = SEINE_OK;
    snTokensCopy(t, spare, i, spare->pos[i]);
    for (u32 k = 0; k < s->nregex && !rc; k++)
      rc = cutPatternGroups(s, k, t, spare, i);
    if (rc && !t->rc) t->rc = rc;
  }
}

#undef CUT_PATTERN_TEXT
