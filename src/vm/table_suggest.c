/*
** table_suggest: suggest(), correct(), complete() and significant() in FROM:
** what suggest.c, correct.c and significant.c of match/ find, as rows.
*/
#include "vm/vmInt.h"

#define SUGGEST_ROWS  5      /* without a number */
#define SUGGEST_SAMPLE 1000000
#define SUGGEST_MOST  10000
#define SUGGEST_TEXTS 100    /* of correct(): rows, */
#define SUGGEST_WORDS 256u   /* ... and words of a text */
#define SUGGEST_FUZZY 3u     /* of a text that is completed with edits */
#define SUGGEST_BATCH 1024u

static int tableSuggestFail(TableCall *c, const char *what) {
  snprintf(c->error, 256, "%s", what);
  return SEINE_ERROR;
}

/* The ask of a call, whose third argument says how many. */
static int tableSuggestAsk(TableCall *c, i64 limit, SuggestAsk *out) {
  i64 most = c->arg[2].null ? SUGGEST_ROWS : c->arg[2].i;
  *out = (SuggestAsk){c->budget, c->arena, c->view, c->column, 0, (u32)most,
      0, c->cancelled, c->cancel_arg};
  if (most >= 1 && most <= limit) return SEINE_OK;
  snprintf(c->error, 256, "the number of rows must be from 1 to %d",
      (int)limit);
  return SEINE_ERROR;
}

static const Column *tableSuggestColumn(const TableCall *c) {
  return c->view->table->col + c->column;
}

static bool tableSuggestIsText(const TableCall *c) {
  return (tableSuggestColumn(c)->type & (u8)~TYPE_ARRAY) == TYPE_TEXT;
}

/* ---- words -------------------------------------------------------------- */

/* The words of the second argument. */
typedef struct SuggestCut {
  DictText *word;
  u32 *pos, n;
  u32 *from, *to;    /* bytes of the argument */
} SuggestCut;

static int tableSuggestMode(TableCall *c, u32 k, u8 *out) {
  static const char *const names[] = {"missing", "popular", "always"};
  const Str *s = &c->arg[k].s;
  *out = SUGGEST_MISSING;
  if (c->arg[k].null) return SEINE_OK;
  for (u8 i = 0; i < SN_COUNT(names); i++) {
    if (!snAsciiEq((const char *)s->p, s->n, names[i], strlen(names[i])))
      continue;
    *out = i;
    return SEINE_OK;
  }
  return tableSuggestFail(c, "the mode must be 'missing', 'popular' or "
      "'always'");
}

static bool tableSuggestRoom(TableCall *c, SuggestCut *x, u32 n) {
  u64 size = (n + 1ull) * sizeof(u32);
  x->word = snArenaAlloc(c->arena, (n + 1ull) * sizeof *x->word);
  x->pos = snArenaAlloc(c->arena, size);
  x->from = snArenaAlloc(c->arena, size);
  x->to = snArenaAlloc(c->arena, size);
  return x->word && x->pos && x->from && x->to;
}

/* A keyword is one word.  The words are copied: the next text that the
** connection cuts takes their place. */
static int tableSuggestCut(TableCall *c, SuggestCut *x) {
  const QueryCut *cut = snSessionCut(c->session);
  const Str *s = &c->arg[1].s;
  u32 zero = 0;
  CutTokens t = {.n = 1, .at = &zero, .len = &s->n, .pos = &zero,
      .bytes = s->p, .from = &zero, .to = &s->n};
  int rc = SEINE_OK;
  if (tableSuggestIsText(c))
    rc = cut->cut(cut->arg, tableSuggestColumn(c), s->p, s->n, &t);
  if (!rc && !tableSuggestRoom(c, x, t.n)) rc = SN_NOMEM;
  for (x->n = 0; !rc && x->n < t.n; x->n++) {
    const char *p = (const char *)t.bytes + t.at[x->n];
    p = snArenaDup(c->arena, p, t.len[x->n]);
    if (!p) rc = SN_NOMEM;
    x->word[x->n] = (DictText){(const u8 *)p, t.len[x->n], 0};
    x->pos[x->n] = t.pos[x->n];
    x->from[x->n] = t.from[x->n];
    x->to[x->n] = t.to[x->n];
  }
  return rc;
}

/* ---- suggest(column, text [, max [, mode]]) ----------------------------- */

typedef struct SuggestState {
  SuggestAsk ask;
  u8 mode;
  SuggestCut cut;
  u32 at;
} SuggestState;

static int tableSuggestOpen(TableCall *c) {
  SuggestState *x = snArenaZero(c->arena, sizeof *x);
  if (!x) return SN_NOMEM;
  c->state = x;
  int rc = tableSuggestAsk(c, SUGGEST_MOST, &x->ask);
  x->ask.edits = QUERY_EDITS_MAX;
  if (!rc) rc = tableSuggestMode(c, 3, &x->mode);
  return rc ? rc : tableSuggestCut(c, &x->cut);
}

static int tableSuggestWord(TableCall *c, SuggestState *x, u32 k) {
  const DictText *w = x->cut.word + k;
  Suggestion *found;
  Arena arena;
  u32 n = 0;
  snArenaInit(&arena, c->budget);
  x->ask.arena = &arena;
  int rc = snSuggestWord(&x->ask, (SuggestMode)x->mode, w->p, w->n, &found,
      &n);
  for (u32 i = 0; i < n; i++) {
    snRowsStr(&c->out, w->p, w->n);
    snRowsInt(&c->out, x->cut.pos[k]);
    snRowsStr(&c->out, found[i].p, found[i].n);
    snRowsReal(&c->out, found[i].score);
    snRowsInt(&c->out, (i64)found[i].docs);
    snRowsEnd(&c->out);
  }
  snArenaClear(&arena);
  return rc ? rc : c->out.rc;
}

int snTableSuggestNear(TableCall *c) {
  int rc = SEINE_OK;
  c->done = c->arg[1].null;
  if (c->done) return SEINE_OK;
  if (!c->state) rc = tableSuggestOpen(c);
  SuggestState *x = c->state;
  while (!rc && x->at < x->cut.n && c->out.to->n < SUGGEST_BATCH)
    rc = tableSuggestWord(c, x, x->at++);
  c->done = rc || x->at == x->cut.n;
  return rc;
}

/* ---- correct(column, text [, max [, errors [, confidence [, mode]]]]) ---- */

/* Words to be changed: a number, or below 1 a part of all. */
static int tableSuggestErrors(TableCall *c, CorrectAsk *to) {
  double errors = c->arg[3].null ? 1 : c->arg[3].d;
  if (!(errors > 0 && errors <= CORRECT_ERRORS))
    return tableSuggestFail(c, "the errors of correct() must be above 0 and "
        "at most 10");
  if (errors < 1) errors = floor(errors * to->n + 0.5);
  to->errors = (u32)SN_MIN(errors, CORRECT_ERRORS);
  to->confidence = c->arg[4].null ? 1 : c->arg[4].d;
  if (to->confidence >= 0) return SEINE_OK;
  return tableSuggestFail(c, "the confidence of correct() must not be "
      "negative");
}

/* Of words at one place, such as synonyms, the first. */
static int tableSuggestLine(TableCall *c, SuggestCut *x) {
  u32 n = 0;
  int rc = tableSuggestCut(c, x);
  if (rc) return rc;
  for (u32 i = 0; i < x->n; i++) {
    if (n && x->pos[i] <= x->pos[n - 1]) continue;
    x->word[n] = x->word[i];
    x->pos[n] = x->pos[i];
    x->from[n] = x->from[i];
    x->to[n++] = x->to[i];
  }
  x->n = n;
  if (n <= SUGGEST_WORDS) return SEINE_OK;
  return tableSuggestFail(c, "the text of correct() has more than 256 words; "
      "give it in pieces");
}

/* The text with the words that change, which stand between the marks. */
static void tableSuggestText(const Str *text, const SuggestCut *x,
    const Correction *f, const char *open, const char *close, Buf *out) {
  u32 at = 0;
  out->n = 0;
  for (u32 i = 0; i < x->n; i++) {
    if (!f->word[i]) continue;
    u32 from = SN_MAX(at, x->from[i]);
    snBufAdd(out, text->p + at, from - at);
    snBufStr(out, open);
    snBufAdd(out, f->word[i]->p, f->word[i]->n);
    snBufStr(out, close);
    at = SN_MAX(from, x->to[i]);
  }
  snBufAdd(out, text->p + at, text->n - at);
}

static int tableSuggestCorrections(TableCall *c, const SuggestCut *x,
    const Correction *found, u32 n) {
  Buf plain, marked;
  snBufInit(&plain, c->budget);
  snBufInit(&marked, c->budget);
  for (u32 i = 0; i < n; i++) {
    tableSuggestText(&c->arg[1].s, x, found + i, "", "", &plain);
    tableSuggestText(&c->arg[1].s, x, found + i, "<b>", "</b>", &marked);
    snRowsStr(&c->out, plain.data, (u32)plain.n);
    snRowsStr(&c->out, marked.data, (u32)marked.n);
    snRowsReal(&c->out, found[i].score);
    snRowsEnd(&c->out);
  }
  int rc = plain.rc ? plain.rc : marked.rc ? marked.rc : c->out.rc;
  snBufClear(&plain);
  snBufClear(&marked);
  return rc;
}

int snTableSuggestTexts(TableCall *c) {
  SuggestCut x;
  CorrectAsk ask = {.confidence = 1};
  Correction *found;
  u32 n = 0;
  c->done = true;
  if (c->arg[1].null) return SEINE_OK;
  int rc = tableSuggestAsk(c, SUGGEST_TEXTS, &ask.words);
  if (!rc) rc = tableSuggestLine(c, &x);
  if (rc) return rc;
  ask.words.edits = QUERY_EDITS_MAX;
  ask.word = x.word;
  ask.pos = x.pos;
  ask.n = x.n;
  rc = tableSuggestErrors(c, &ask);
  if (!rc) rc = tableSuggestMode(c, 5, &ask.mode);
  if (!rc) rc = snCorrect(&ask, &found, &n);
  return rc ? rc : tableSuggestCorrections(c, &x, found, n);
}

/* ---- complete(column, text [, max [, edits]]) --------------------------- */

static int tableSuggestPrefix(TableCall *c, Buf *out) {
  const QueryCut *cut = snSessionCut(c->session);
  const Str *s = &c->arg[1].s;
  if (tableSuggestIsText(c) && s->n)
    return cut->fold(cut->arg, tableSuggestColumn(c), s->p, s->n, out);
  snBufAdd(out, s->p, s->n);
  return out->rc;
}

int snTableSuggestWords(TableCall *c) {
  SuggestAsk ask;
  Suggestion *found;
  u32 n = 0;
  i64 edits = c->arg[3].null ? 0 : c->arg[3].i;
  Buf text;
  c->done = true;
  if (c->arg[1].null) return SEINE_OK;
  int rc = tableSuggestAsk(c, SUGGEST_MOST, &ask);
  if (!rc && (edits < 0 || edits > (i64)QUERY_EDITS_MAX))
    rc = tableSuggestFail(c, "the edits of complete() must be 0, 1 or 2");
  snBufInit(&text, c->budget);
  if (!rc) rc = tableSuggestPrefix(c, &text);
  if (!rc && snUtfCount(text.data, text.n) >= SUGGEST_FUZZY)
    ask.edits = (u32)edits;
  if (!rc) rc = snSuggestWords(&ask, text.data, (u32)text.n, &found, &n);
  for (u32 i = 0; i < n; i++) {
    snRowsStr(&c->out, found[i].p, found[i].n);
    snRowsInt(&c->out, (i64)found[i].docs);
    snRowsEnd(&c->out);
  }
  snBufClear(&text);
  return rc ? rc : c->out.rc;
}

/* ---- significant(column, query [, max [, sample]]) ----------------------- */

int snTableSuggestTerms(TableCall *c) {
  SuggestAsk ask;
  Suggestion *found;
  u32 n = 0;
  c->done = true;
  int rc = tableSuggestAsk(c, SUGGEST_MOST, &ask);
  if (!rc && !c->arg[3].null) {
    ask.sample = (u32)c->arg[3].i;
    if (c->arg[3].i < 1 || c->arg[3].i > SUGGEST_SAMPLE)
      rc = tableSuggestFail(c, "the sample of significant() must be from 1 "
          "to 1,000,000 hits");
  }
  if (!rc) rc = snSignificant(&ask, c->matcher, &found, &n);
  for (u32 i = 0; i < n; i++) {
    snRowsStr(&c->out, found[i].p, found[i].n);
    snRowsReal(&c->out, found[i].score);
    snRowsInt(&c->out, (i64)found[i].docs);
    snRowsInt(&c->out, (i64)found[i].total);
    snRowsEnd(&c->out);
  }
  return rc ? rc : c->out.rc;
}

#undef SUGGEST_ROWS
#undef SUGGEST_MOST
#undef SUGGEST_SAMPLE
#undef SUGGEST_TEXTS
#undef SUGGEST_WORDS
#undef SUGGEST_FUZZY
#undef SUGGEST_BATCH
