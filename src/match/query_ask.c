/*
** query_ask: a query as a call in SQL asks it: MATCH, phrase(), fuzzy() and
** their kin, with the columns they look in and their options.
**
** (1) A phrase, a pattern or a fuzzy word is a leaf of query_parse's tree.
** (2) ASK_BEST and ASK_MOST bind the whole query to each column; the other
**     modes bind each word to all columns.
*/
#include "match/match.h"

typedef struct AskBinder {
  Arena *arena;
  const Table *t;
  const QueryAsk *ask;
  const QueryCut *cut;
} AskBinder;

static int askLeaf(AskBinder *b, const char *p, u32 n, Query **out) {
  const QueryAsk *ask = b->ask;
  Query *q = *out = snQueryNew(b->arena, QUERY_RAW);
  if (!q) return SN_NOMEM;
  q->text = p;
  q->len = n;
  q->slop = ask->slop;
  q->quoted = ask->form == ASK_PHRASE;
  q->prefix = ask->form == ASK_PREFIX;
  q->wild = ask->form == ASK_WILDCARD;
  q->regexp = ask->form == ASK_REGEXP;
  if (ask->form == ASK_FUZZY) {
    q->edits = ask->edits;
    q->fixed = ask->fixed;
    q->most = ask->most;
  }
  return SEINE_OK;
}

/* The columns that are asked for, or all with words. */
static int askColumns(AskBinder *b, QueryColumns *out) {
  *out = (QueryColumns){b->ask->col, b->ask->ncol, b->ask->tie,
      b->ask->mode == ASK_CROSS, b->ask->closed};
  if (out->n) return SEINE_OK;
  QueryColumn *c = snArenaAlloc(b->arena, (b->t->ncol + 1ull) * sizeof *c);
  if (!c) return SN_NOMEM;
  out->v = c;
  for (u32 i = 0; i < b->t->ncol; i++) {
    u8 type = b->t->col[i].type & (u8)~TYPE_ARRAY;
    size_t n;
    if (snTableTarget(b->t->col + i, &n)) continue;
    if (type == TYPE_TEXT || type == TYPE_KEYWORD)
      c[out->n++] = (QueryColumn){i, 1};
  }
  return SEINE_OK;
}

/* The whole query in each column. */
static int askEach(AskBinder *b, const Query *q, const QueryColumns *cols,
    Query **out) {
  bool most = b->ask->mode == ASK_MOST;
  Query *all = *out = snQueryNew(b->arena, most ? QUERY_BOOL : QUERY_MAX);
  Query *one;
  if (!all) return SN_NOMEM;
  all->tie = b->ask->tie;
  for (u32 i = 0; i < cols->n; i++) {
    QueryColumns only = {cols->v + i, 1, 0, false, cols->closed};
    int rc = snQueryBind(b->arena, b->t, q, &only, b->cut, &one);
    if (rc) return rc;
    if (one->kind != QUERY_NONE) snQueryAdd(all, one, OCCUR_SHOULD);
  }
  if (all->nkids == 1) *out = all->kids;
  if (!all->nkids) all->kind = QUERY_NONE;
  snQueryNumber(*out);
  return SEINE_OK;
}

int snQueryAsk(Arena *a, const Table *t, const QueryAsk *ask, const char *p,
    u32 n, const QueryCut *cut, Query **out) {
  AskBinder b = {a, t, ask, cut};
  QueryColumns cols;
  Query *q = NULL;
  int rc = askColumns(&b, &cols);
  if (rc) return rc;
  if (ask->form == ASK_EXACT) {
    q = *out = snQueryNew(a, QUERY_TERM);
    if (!q) return SN_NOMEM;
    q->column = cols.v[0].column;
    q->text = p;
    q->len = n;
    return SEINE_OK;
  }
  if (ask->form == ASK_QUERY) rc = snQueryParse(a, p, n, ask->op_and, &q);
  else rc = askLeaf(&b, p, n, &q);
  if (rc) return rc;
  if (ask->some && q->kind == QUERY_BOOL) {
    q->some = ask->some;
    q->some_len = ask->some_len;
  }
  if (ask->mode == ASK_BEST || ask->mode == ASK_MOST)
    rc = askEach(&b, q, &cols, out);
  else
    rc = snQueryBind(a, t, q, &cols, cut, out);
  if (rc) return rc;
  (*out)->boost *= ask->boost;
  return SEINE_OK;
}
