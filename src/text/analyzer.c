/*
** analyzer: from a text to a chain, and from a chain to tokens.
**
** (1) The built-in analyzers are chains like any other; their names come
**     first, then the languages that libstemmer knows. A language that has a
**     row of its own (english, french) is not listed a second time.
** (2) A cutter keeps the chains it was asked for last; stemmers and tables of
**     stop words belong to the cutter, so chains share them.
** (3) Tokens have places of the text that the tokenizer saw until all filters
**     are done; then the character filters give them those of the source.
*/
#include "text/textInt.h"

static const struct AnalyzerRow {
  const char *name, *chain;
} analyzer_rows[] = {
    {"standard", "standard, lowercase"},
    {"simple", "lowercase"},
    {"whitespace", "whitespace"},
    {"keyword", "keyword"},
    {"english",
        "standard, lowercase, possessive, stop('english'), stem('english')"},
    {"french",
        "standard, elision, lowercase, stop('french'), stem('french')"},
    {"folding", "standard, lowercase, asciifolding"},
};

/* ---- Names -------------------------------------------------------------- */

static bool analyzerHasRow(const char *name) {
  for (u32 i = 0; i < SN_COUNT(analyzer_rows); i++)
    if (!strcmp(name, analyzer_rows[i].name)) return true;
  return false;
}

const char *snAnalyzerName(u32 k) {
  const char *name;
  if (k < SN_COUNT(analyzer_rows)) return analyzer_rows[k].name;
  k -= (u32)SN_COUNT(analyzer_rows);
  for (u32 i = 0; (name = snFilterLanguage(i)); i++)
    if (!analyzerHasRow(name) && k-- == 0) break;
  return name;
}

bool snAnalyzerChain(const char *name, size_t n, Buf *out) {
  const char *row;
  for (u32 k = 0; (row = snAnalyzerName(k)); k++) {
    if (!snAsciiEq(name, n, row, strlen(row))) continue;
    if (k < SN_COUNT(analyzer_rows)) snBufStr(out, analyzer_rows[k].chain);
    else snBufPrintf(out, "standard, lowercase, stem('%s')", row);
    return true;
  }
  return false;
}

/* ---- Making ------------------------------------------------------------- */

static bool analyzerLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
      (u8)c >= 0x80;
}

/* (chain) and name(chain): what stands inside.  Arguments of a part are no
** names, so a part alone is not taken for one. */
static void analyzerInside(const char **p, size_t *n) {
  const char *s = *p, *end = s + *n;
  while (s < end && (analyzerLetter(*s) || (*s >= '0' && *s <= '9'))) s++;
  if (s == end || *s != '(') return;
  for (s++; s < end && (*s == ' ' || *s == '\n' || *s == '\t');) s++;
  while (end > s && strchr(" \n\t", end[-1])) end--;
  if (s == end || !analyzerLetter(*s) || end[-1] != ')') return;
  *p = s;
  *n = (size_t)(end - 1 - s);
}

void snAnalyzerFree(Analyzer *a) {
  if (!a) return;
  for (u32 i = 0; i < a->n; i++) snChainFree(a->step + i);
  snArenaClear(&a->arena);
  snMemFree(a);
}

int snAnalyzerNew(Budget *b, const char *text, size_t n, ChainError *err,
    Analyzer **out) {
  Analyzer *a = snMemZero(b, sizeof *a);
  ChainError none;
  Buf chain;
  int rc = SEINE_OK;
  *out = NULL;
  if (!a) return SN_NOMEM;
  if (!err) err = &none;
  memset(err, 0, sizeof *err);
  snBufInit(&chain, b);
  snArenaInit(&a->arena, b);
  a->text_len = n;
  a->text = snArenaDup(&a->arena, text, n);
  if (!a->text) rc = SN_NOMEM;
  else if (snAnalyzerChain(text, n, &chain))
    rc = chain.rc ? chain.rc
                  : snChainParse(a, (char *)chain.data, chain.n, err);
  else {
    analyzerInside(&text, &n);
    rc = snChainParse(a, text, n, err);
  }
  snBufClear(&chain);
  if (rc) snAnalyzerFree(a);
  else *out = a;
  return rc;
}

/* ---- The user of analyzers ---------------------------------------------- */

int snCutterNew(Budget *b, Cutter **out) {
  Cutter *c = snMemZero(b, sizeof *c);
  *out = c;
  if (!c) return SN_NOMEM;
  c->budget = b;
  snTokensInit(&c->spare, b);
  snBufInit(&c->word, b);
  for (u32 i = 0; i < TEXT_STEPS; i++) snBufInit(&c->chars[i].text, b);
  return SEINE_OK;
}

void snCutterFree(Cutter *c) {
  if (!c) return;
  for (u32 i = 0; i < TEXT_LANGS; i++) snFilterStemmerFree(c->stem[i]);
  while (c->nkept) snAnalyzerFree(c->kept[--c->nkept]);
  for (u32 i = 0; i < TEXT_STEPS; i++) {
    snBufClear(&c->chars[i].text);
    snMemFree(c->chars[i].piece);
  }
  snTokensFree(&c->spare);
  snBufClear(&c->word);
  snMemFree(c);
}

int snCutterFind(Cutter *c, const char *text, size_t n,
    const Analyzer **out) {
  Analyzer *a = NULL;
  u32 i = 0;
  int rc = SEINE_OK;
  *out = NULL;
  while (i < c->nkept && (c->kept[i]->text_len != n ||
      memcmp(c->kept[i]->text, text, n))) i++;
  if (i == c->nkept) rc = snAnalyzerNew(c->budget, text, n, NULL, &a);
  else a = c->kept[i];
  if (rc) return rc;
  if (i == TEXT_KEPT) snAnalyzerFree(c->kept[--i]);
  if (i >= c->nkept) c->nkept = i + 1;
  memmove(c->kept + 1, c->kept, i * sizeof *c->kept);
  c->kept[0] = a;
  *out = a;
  return SEINE_OK;
}

/* ---- Cutting ------------------------------------------------------------ */

int snTextCut(Cutter *c, const Analyzer *a, const char *p, size_t n,
    Tokens *t) {
  u32 first = t->n;
  const u8 *text = (const u8 *)p;
  const ChainStep *s = a->step + a->nchars, *end = a->step + a->n;
  if (t->rc || !n) return t->rc;
  if (n > TEXT_MAX || t->bytes.n > TEXT_MAX - n ||
      t->next_pos > UINT32_MAX - TEXT_MAX) {
    return t->rc = SEINE_TOOBIG;
  }
  t->limit = (u32)SN_MIN(first + TEXT_TOKENS(n), (u64)UINT32_MAX);
  if (a->nchars) text = snCharsRun(c, a, text, &n, &t->rc);
  if (t->rc || !n) return t->rc;
  s->part->cut(c, s, text, n, t);
  t->flagged = a->flags;
  if (t->flagged && t->n > first) memset(t->flag + first, 0, t->n - first);
  while (++s < end && snTokensRoom(t, 0)) {
    if (snStops(snMemStop(c->budget))) t->rc = SEINE_INTERRUPT;
    else s->part->filter(c, s, t, first);
  }
  if (a->grows && t->n > first)
    t->next_pos = SN_MAX(t->next_pos, t->pos[t->n - 1] + 1);
  if (a->nchars && !t->rc) snCharsBack(c, a, t, first);
  return t->rc;
}

int snTextFold(Cutter *c, const Analyzer *a, const char *p, size_t n,
    Buf *out) {
  const ChainStep *s = a->step + a->nchars, *end = a->step + a->n;
  Buf *from = &c->word;
  size_t at = out->n;
  if (s->lower) snUtfLower(out, p, n);
  else snBufAdd(out, p, n);
  while (++s < end && !out->rc) {
    if (!s->part->point || (s->lower && s->part->point == snUtfLower))
      continue;
    from->n = 0;
    if (out->n > at) snBufAdd(from, out->data + at, out->n - at);
    if (from->rc) out->rc = from->rc;
    from->rc = SEINE_OK;
    out->n = at;
    if (!out->rc && from->n) s->part->point(out, (char *)from->data, from->n);
  }
  return out->rc;
}
