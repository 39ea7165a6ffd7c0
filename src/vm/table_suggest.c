/*
** table_suggest: suggest(), complete() and significant() in FROM: what
** match/suggest.c and match/significant.c find, as rows.
*/
#include "vm/vmInt.h"

#define SUGGEST_ROWS  5      /* without a number */
#define SUGGEST_MOST  10000
#define SUGGEST_CHARS 4u     /* of a word that is corrected */
#define SUGGEST_FUZZY 3u     /* of a text that is completed with edits */
#define SUGGEST_BATCH 1024u

static int tableSuggestFail(TableCall *c, const char *what) {
  snprintf(c->error, 256, "%s", what);
  return SEINE_ERROR;
}

/* The ask of a call, whose argument k says how many. */
static int tableSuggestAsk(TableCall *c, u32 k, SuggestAsk *out) {
  i64 most = c->arg[k].null ? SUGGEST_ROWS : c->arg[k].i;
  *out = (SuggestAsk){c->budget, c->arena, c->view, c->column, 0, (u32)most,
      c->cancelled, c->cancel_arg};
  if (most >= 1 && most <= SUGGEST_MOST) return SEINE_OK;
  return tableSuggestFail(c, "the number of rows must be from 1 to 10000");
}

static const Column *tableSuggestColumn(const TableCall *c) {
  return c->view->table->col + c->column;
}

static bool tableSuggestIsText(const TableCall *c) {
  return (tableSuggestColumn(c)->type & (u8)~TYPE_ARRAY) == TYPE_TEXT;
}

/* ---- suggest(column, text [, max [, mode]]) ----------------------------- */

typedef enum SuggestMode {
  SUGGEST_MISSING, SUGGEST_POPULAR, SUGGEST_ALWAYS
} SuggestMode;

typedef struct SuggestState {
  SuggestAsk ask;
  u8 mode;
  Str *word;
  u32 *pos, n, at;
} SuggestState;

static int tableSuggestMode(TableCall *c, u8 *out) {
  static const char *const names[] = {"missing", "popular", "always"};
  const Str *s = &c->arg[3].s;
  *out = SUGGEST_MISSING;
  if (c->arg[3].null) return SEINE_OK;
  for (u8 k = 0; k < SN_COUNT(names); k++) {
    if (!snAsciiEq((const char *)s->p, s->n, names[k], strlen(names[k])))
      continue;
    *out = k;
    return SEINE_OK;
  }
  return tableSuggestFail(c, "the mode of suggest() must be 'missing', "
      "'popular' or 'always'");
}

/* A keyword is one word.  The words are copied: the next text that the
** connection cuts takes their place. */
static int tableSuggestCut(TableCall *c, SuggestState *x) {
  const QueryCut *cut = snSessionCut(c->session);
  const Str *s = &c->arg[1].s;
  u32 zero = 0;
  CutTokens t = {.n = 1, .at = &zero, .len = &s->n, .pos = &zero,
      .bytes = s->p};
  int rc = SEINE_OK;
  if (tableSuggestIsText(c))
    rc = cut->cut(cut->arg, tableSuggestColumn(c), s->p, s->n, &t);
  if (rc) return rc;
  x->word = snArenaAlloc(c->arena, (t.n + 1ull) * sizeof *x->word);
  x->pos = snArenaAlloc(c->arena, (t.n + 1ull) * sizeof *x->pos);
  if (!x->word || !x->pos) return SN_NOMEM;
  for (; x->n < t.n; x->n++) {
    const char *p = (const char *)t.bytes + t.at[x->n];
    p = snArenaDup(c->arena, p, t.len[x->n]);
    if (!p) return SN_NOMEM;
    x->word[x->n] = (Str){(const u8 *)p, t.len[x->n], 0};
    x->pos[x->n] = t.pos[x->n];
  }
  return SEINE_OK;
}

static int tableSuggestOpen(TableCall *c) {
  SuggestState *x = snArenaZero(c->arena, sizeof *x);
  if (!x) return SN_NOMEM;
  c->state = x;
  int rc = tableSuggestAsk(c, 2, &x->ask);
  x->ask.edits = QUERY_EDITS_MAX;
  if (!rc) rc = tableSuggestMode(c, &x->mode);
  return rc ? rc : tableSuggestCut(c, x);
}

static int tableSuggestWord(TableCall *c, SuggestState *x, u32 k) {
  const Str *w = x->word + k;
  Suggestion *found;
  Arena arena;
  u64 docs;
  u32 n = 0;
  if (snUtfCount(w->p, w->n) < SUGGEST_CHARS) return SEINE_OK;
  int rc = snSuggestDocs(&x->ask, w->p, w->n, &docs);
  if (rc || (docs && x->mode == SUGGEST_MISSING)) return rc;
  if (x->mode == SUGGEST_ALWAYS) docs = 0;
  snArenaInit(&arena, c->budget);
  x->ask.arena = &arena;
  rc = snSuggestNear(&x->ask, w->p, w->n, docs, &found, &n);
  for (u32 i = 0; i < n; i++) {
    snRowsStr(&c->out, w->p, w->n);
    snRowsInt(&c->out, x->pos[k]);
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
  while (!rc && x->at < x->n && c->out.to->n < SUGGEST_BATCH)
    rc = tableSuggestWord(c, x, x->at++);
  c->done = rc || x->at == x->n;
  return rc;
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
  int rc = tableSuggestAsk(c, 2, &ask);
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

/* ---- significant(column, query [, max]) --------------------------------- */

int snTableSuggestTerms(TableCall *c) {
  SuggestAsk ask;
  Suggestion *found;
  u32 n = 0;
  c->done = true;
  int rc = tableSuggestAsk(c, 2, &ask);
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
#undef SUGGEST_CHARS
#undef SUGGEST_FUZZY
#undef SUGGEST_BATCH
