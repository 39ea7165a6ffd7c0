/*
** rewrite: spells out what of a bound query depends on the terms that are
** there: a fuzzy word becomes the OR of the nearest terms.
**
** (1) A query without such parts is taken as it is.  Else the tree is copied
**     into the matcher's arena and numbered anew; texts are shared.
*/
#include "match/matchInt.h"

static bool rewriteNeeds(const Query *q) {
  if (q->kind == QUERY_FUZZY) return true;
  for (const Query *k = q->kids; k; k = k->next)
    if (rewriteNeeds(k)) return true;
  return false;
}

/* As deep as the parser allows. */
static int rewriteNode(Matcher *m, const Query *q, Query **out) {
  bool fuzzy = q->kind == QUERY_FUZZY;
  Query *to = *out = snArenaAlloc(&m->arena, sizeof *to), *kid;
  if (!to) return SN_NOMEM;
  *to = *q;
  to->kids = to->last = to->next = NULL;
  to->nkids = 0;
  for (const Query *k = q->kids; k; k = k->next) {
    int rc = rewriteNode(m, k, &kid);
    if (rc) return rc;
    snQueryAdd(to, kid, (Occur)k->occur);
  }
  if (!fuzzy) return SEINE_OK;
  to->kind = QUERY_BOOL;
  to->blend = true;
  return snFuzzyExpand(m, &m->arena, q, to);
}

int snMatcherRewrite(Matcher *m, const Query *q, const Query **out) {
  Query *to;
  *out = q;
  if (!rewriteNeeds(q)) return SEINE_OK;
  int rc = rewriteNode(m, q, &to);
  if (rc) return rc;
  snQueryNumber(to);
  *out = to;
  return SEINE_OK;
}
