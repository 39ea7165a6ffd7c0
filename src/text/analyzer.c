/*
** analyzer: from a name to a chain of one cutter and some filters.
**
** (1) An analyzer is a row of a constant table.  The first rows have names
**     and chains of their own; row LANGS + k is the k-th language that
**     libstemmer knows, its name is asked there.  So nothing is made at run
**     time and pointers to rows live as long as the process.
** (2) A language that has a row of its own (english, french) is not listed
**     a second time.
*/
#include "text/textInt.h"

#define ANALYZER_LANGS 7u /* first row of a language */

static const Analyzer analyzerRows[TEXT_ROWS] = {
    {"standard", TEXT_WORDS, 0},
    {"simple", TEXT_LETTERS, 0},
    {"whitespace", TEXT_BLANKS, 0},
    {"keyword", TEXT_WHOLE, 0},
    {"english", TEXT_WORDS, TEXT_POSSESSIVE | TEXT_STOP_EN | TEXT_STEM},
    {"french", TEXT_WORDS, TEXT_ELISION | TEXT_STOP_FR | TEXT_STEM},
    {"folding", TEXT_WORDS, TEXT_FOLD},
};

static u32 analyzerRow(const Analyzer *a) {
  return (u32)(a - analyzerRows);
}

/* The name of a row; NULL behind the last, "" for one that is hidden. */
static const char *analyzerRowName(u32 row) {
  const char *name = analyzerRows[row].name;
  if (name) return name;
  name = snFilterLanguage(row - ANALYZER_LANGS);
  for (u32 i = 0; name && i < ANALYZER_LANGS; i++) {
    if (!strcmp(name, analyzerRows[i].name)) return "";
  }
  return name;
}

int snAnalyzerFind(const char *name, size_t n, const Analyzer **out) {
  const char *row_name;
  *out = NULL;
  for (u32 i = 0; n && i < TEXT_ROWS; i++) {
    row_name = analyzerRowName(i);
    if (!row_name) break;
    if (!snAsciiEq(name, n, row_name, strlen(row_name))) continue;
    *out = &analyzerRows[i];
    return SEINE_OK;
  }
  return SEINE_ERROR;
}

const char *snAnalyzerName(const Analyzer *a) {
  return a->name ? a->name : snFilterLanguage(analyzerRow(a) - ANALYZER_LANGS);
}

const Analyzer *snAnalyzerAt(u32 i) {
  const char *name;
  for (u32 row = 0; row < TEXT_ROWS; row++) {
    name = analyzerRowName(row);
    if (!name) break;
    if (*name && i-- == 0) return &analyzerRows[row];
  }
  return NULL;
}

u32 snAnalyzerCount(void) {
  u32 n = 0;
  const char *name;
  for (u32 row = 0; row < TEXT_ROWS; row++) {
    name = analyzerRowName(row);
    if (!name) break;
    n += *name != 0;
  }
  return n;
}

/* ---- The user of analyzers ---------------------------------------------- */

int snCutterNew(Budget *b, Cutter **out) {
  Cutter *c = snMemZero(b, sizeof *c);
  *out = c;
  if (!c) return SN_NOMEM;
  c->budget = b;
  return SEINE_OK;
}

void snCutterFree(Cutter *c) {
  if (!c) return;
  for (u32 i = 0; i < TEXT_ROWS; i++) snFilterStemmerFree(c->stem[i]);
  snMemFree(c);
}

static void analyzerStop(Cutter *c, u32 list, Tokens *t, u32 first) {
  if (!c->has_stops[list]) snStopWordsFill(list, c->stops[list]);
  c->has_stops[list] = true;
  snFilterStop(c->stops[list], t, first);
}

static void analyzerStem(Cutter *c, const Analyzer *a, Tokens *t, u32 first) {
  FilterStemmer **s = &c->stem[analyzerRow(a)];
  if (!*s) t->rc = snFilterStemmerNew(c->budget, snAnalyzerName(a), s);
  if (!t->rc) snFilterStem(*s, t, first);
}

static u32 analyzerFilters(const Analyzer *a) {
  return a->name ? a->filters : TEXT_STEM;
}

int snTextCut(Cutter *c, const Analyzer *a, const char *p, size_t n,
    Tokens *t) {
  u32 first = t->n, f = analyzerFilters(a);
  const u8 *text = (const u8 *)p;
  if (t->rc || !n) return t->rc;
  if (n > TEXT_MAX || t->bytes.n > TEXT_MAX - n ||
      t->next_pos > UINT32_MAX - TEXT_MAX) {
    return t->rc = SEINE_TOOBIG;
  }
  if (a->cut == TEXT_BLANKS) snCutMiscBlanks(text, n, t);
  else if (a->cut == TEXT_WHOLE) snCutMiscWhole(text, n, t);
  else snCutWord(c, a->cut, text, n, t);
  if (!f || !snTokensRoom(t, 0)) return t->rc;

  if (f & TEXT_POSSESSIVE) snFilterPossessive(t, first);
  if (f & TEXT_ELISION) snFilterElision(t, first);
  if (f & TEXT_STOP_EN) analyzerStop(c, TEXT_ENGLISH, t, first);
  if (f & TEXT_STOP_FR) analyzerStop(c, TEXT_FRENCH, t, first);
  if (f & TEXT_STEM) analyzerStem(c, a, t, first);
  if (f & TEXT_FOLD) snFilterFold(t, first);
  return t->rc;
}

int snTextFold(Cutter *c, const Analyzer *a, const char *p, size_t n,
    Buf *out) {
  (void)c;
  if (analyzerFilters(a) & TEXT_FOLD) snUtfFold(out, p, n);
  else if (a->cut == TEXT_WORDS || a->cut == TEXT_LETTERS) {
    snUtfLower(out, p, n);
  } else snBufAdd(out, p, n);
  return out->rc;
}

#undef ANALYZER_LANGS
