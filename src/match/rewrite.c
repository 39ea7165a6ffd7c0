/*
** rewrite: spells out what of a bound query depends on the terms that are
** there: a fuzzy word becomes the OR of the nearest terms, a pattern among
** places the OR of those that fit, a text the OR of its most telling words.
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
  return q->kind == QUERY_FUZZY || q->kind == QUERY_LIKE ||
      (places && pattern);
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

/* ---- more like a text --------------------------------------------------- */

/* How telling a word is; by rank. */
typedef struct RewriteLike {
  Query **kid;
  double *weight;
} RewriteLike;

static int rewriteLikeOrder(void *arg, u32 a, u32 b) {
  const double *w = ((RewriteLike *)arg)->weight;
  return w[a] != w[b] ? (w[a] > w[b] ? -1 : 1) : a < b ? -1 : a > b;
}

/* Keeps the most telling of the kids that to has. */
static int rewriteLike(Matcher *m, const Query *q, Query *to) {
  Arena *a = &m->arena;
  u32 n = 0, kids = to->nkids;
  RewriteLike l = {snArenaAlloc(a, (kids + 1ull) * sizeof *l.kid),
      snArenaAlloc(a, (kids + 1ull) * sizeof *l.weight)};
  u32 *order = snArenaAlloc(a, (2ull * kids + 1) * sizeof *order);
  if (!l.kid || !l.weight || !order) return SN_NOMEM;
  for (Query *k = to->kids; k; k = k->next) {
    const FieldStats *f;
    u64 df;
    int rc = snMatcherLookup(m->view, k->column, k->text, k->len, NULL, &df);
    if (!rc) rc = snMatcherField(m, k->column, &f);
    if (rc) return rc;
    if (df < q->min_df) continue;
    l.kid[n] = k;
    l.weight[n] = (double)k->tf *
        (1 + log((double)f->docs / ((double)df + 1)));
    order[n] = n;
    n++;
  }
  snSortIndex(order, n, order + kids, rewriteLikeOrder, &l);
  to->kids = to->last = NULL;
  to->nkids = 0;
  for (u32 i = 0; i < SN_MIN(n, q->most); i++)
    snQueryAdd(to, l.kid[order[i]], OCCUR_SHOULD);
  if (!to->nkids) to->kind = QUERY_NONE;
  to->min = q->some ? snQuerySome(q->some, q->some_len, to->nkids) : 0;
  return SEINE_OK;
}

/* ---- the tree ----------------------------------------------------------- */

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
  if (q->kind == QUERY_LIKE) return rewriteLike(m, q, to);
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
