/*
** rewrite: spells out what of a bound query depends on the terms that are
** there: a fuzzy word becomes the OR of the nearest terms, a pattern among
** places the OR of those that fit.
**
** (1) A query without such parts is taken as it is.  Else the tree is copied
**     into the matcher's arena and numbered anew; texts are shared.
*/
#include "match/matchInt.h"

#define REWRITE_TERMS 1024u /* of a pattern among places, the first ones */

/* Whether its terms must be spelt out: of a fuzzy word always, of a pattern
** where it stands in a phrase or a span, since those read positions. */
static bool rewriteIs(const Query *q, bool places) {
  bool pattern = q->kind == QUERY_PREFIX || q->kind == QUERY_PATTERN;
  return q->kind == QUERY_FUZZY || (places && pattern);
}

static bool rewritePlaces(const Query *q) {
  return q->kind == QUERY_PHRASE || q->kind == QUERY_SPAN;
}

static bool rewriteNeeds(const Query *q, bool places) {
  if (rewriteIs(q, places)) return true;
  for (const Query *k = q->kids; k; k = k->next)
    if (rewriteNeeds(k, places || rewritePlaces(q))) return true;
  return false;
}

static int rewriteSeen(void *arg, u32 ord, const u8 *p, u32 n) {
  StrSet *terms = arg;
  (void)ord;
  if (terms->n < REWRITE_TERMS) (void)snStrSetAdd(terms, p, n);
  return terms->rc;
}

static int rewriteTerms(Matcher *m, const Query *q, Query *to) {
  u32 column = m->view->table->col[q->column].id;
  StrSet terms;
  int rc = SEINE_OK;
  snStrSetInit(&terms, m->budget);
  for (u32 s = 0; !rc && s < m->view->n; s++) {
    Dict *d;
    rc = snDictTerms(m->view->seg[s], column, &d);
    if (!rc && d) rc = snPatternWalk(m, q, d, rewriteSeen, &terms);
  }
  for (u32 i = 0; !rc && i < terms.n; i++) {
    Query *term = snQueryNew(&m->arena, QUERY_TERM);
    if (term) term->text = snArenaDup(&m->arena, terms.refs[i].p,
        terms.refs[i].n);
    if (!term || !term->text) rc = SN_NOMEM;
    if (rc) break;
    term->len = terms.refs[i].n;
    term->column = q->column;
    snQueryAdd(to, term, OCCUR_SHOULD);
  }
  snStrSetClear(&terms);
  return rc;
}

/* As deep as the parser allows. */
static int rewriteNode(Matcher *m, const Query *q, bool places,
    Query **out) {
  Query *to = *out = snArenaAlloc(&m->arena, sizeof *to), *kid;
  if (!to) return SN_NOMEM;
  *to = *q;
  to->kids = to->last = to->next = NULL;
  to->nkids = 0;
  for (const Query *k = q->kids; k; k = k->next) {
    int rc = rewriteNode(m, k, places || rewritePlaces(q), &kid);
    if (rc) return rc;
    snQueryAdd(to, kid, (Occur)k->occur);
  }
  if (!rewriteIs(q, places)) return SEINE_OK;
  to->kind = places ? QUERY_SPAN : QUERY_BOOL;
  to->op = SPAN_OR;
  to->blend = true;
  return q->kind == QUERY_FUZZY ? snFuzzyExpand(m, &m->arena, q, to)
                                : rewriteTerms(m, q, to);
}

int snMatcherRewrite(Matcher *m, const Query *q, const Query **out) {
  Query *to;
  *out = q;
  if (!rewriteNeeds(q, false)) return SEINE_OK;
  int rc = rewriteNode(m, q, false, &to);
  if (rc) return rc;
  snQueryNumber(to);
  *out = to;
  return SEINE_OK;
}

#undef REWRITE_TERMS
