/*
** query_like: rows like a text: those that have many of its most telling words,
** as Elasticsearch's more_like_this.
**
** Words that stand min_tf times in the text are its candidates.  Which of them
** are the most telling (times in the text * idf) only the matcher can say: see
** rewrite.c.  Of those that stay, `some` must be in a row.
*/
#include "match/match.h"

int snQueryLikeBegin(QueryLike *l, Arena *a, const Table *t,
    const QueryAsk *ask, const QueryCut *cut) {
  *l = (QueryLike){a, t, ask, cut, snQueryNew(a, QUERY_LIKE)};
  if (!l->q) return SN_NOMEM;
  l->q->boost = ask->boost;
  l->q->most = ask->most;
  l->q->min_df = ask->min_df;
  l->q->some = ask->some;
  l->q->some_len = ask->some_len;
  return SEINE_OK;
}

static float likeBoost(const QueryAsk *ask, u32 column) {
  for (u32 i = 0; i < ask->ncol; i++)
    if (ask->col[i].column == column) return ask->col[i].boost;
  return ask->ncol ? -1.0f : 1.0f;
}

bool snQueryLikeHas(const QueryAsk *ask, const Table *t, u32 i) {
  size_t n;
  return t->col[i].type == TYPE_TEXT && likeBoost(ask, i) >= 0 &&
      !snTableTarget(t->col + i, &n);
}

static int likeTerm(QueryLike *l, u32 column, const StrRef *word, u32 tf) {
  Query *q = snQueryNew(l->arena, QUERY_TERM);
  if (q) q->text = snArenaDup(l->arena, word->p, word->n);
  if (!q || !q->text) return SN_NOMEM;
  q->len = word->n;
  q->column = column;
  q->tf = tf;
  q->boost = likeBoost(l->ask, column);
  snQueryAdd(l->q, q, OCCUR_SHOULD);
  return SEINE_OK;
}

int snQueryLikeAdd(QueryLike *l, u32 column, const char *p, u32 n) {
  Budget *b = l->arena->budget;
  CutTokens t;
  StrSet words;
  u32 *tf = NULL, cap = 0;
  memset(&t, 0, sizeof t);
  int rc = l->cut->cut(l->cut->arg, l->table->col + column, (const u8 *)p, n,
      &t);
  snStrSetInit(&words, b);
  for (u32 i = 0; !rc && i < t.n; i++) {
    u32 was = words.n, k = snStrSetAdd(&words, t.bytes + t.at[i], t.len[i]);
    rc = words.rc;
    if (!rc) rc = snMemGrow(b, &tf, &cap, words.n, sizeof *tf);
    if (rc) break;
    if (k == was) tf[k] = 0;
    tf[k]++;
  }
  for (u32 k = 0; !rc && k < words.n; k++)
    if (tf[k] >= l->ask->min_tf) rc = likeTerm(l, column, words.refs + k,
        tf[k]);
  snMemFree(tf);
  snStrSetClear(&words);
  return rc;
}

Query *snQueryLikeEnd(QueryLike *l) {
  if (!l->q->nkids) l->q->kind = QUERY_NONE;
  snQueryNumber(l->q);
  return l->q;
}
