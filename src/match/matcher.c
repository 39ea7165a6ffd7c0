/*
** matcher: a bound query over the segments of a view.  Weights are made once
** from the statistics of the whole table; iterators anew per segment.
*/
#include "match/matchInt.h"

#define MATCHER_ROOM 2048u      /* bytes: weights of a few words */
#define MATCHER_KEEP (512u << 10) /* ... of iterators, to be used again */
#define MATCHER_LEFT (64u << 10) /* ... of weights, by another matcher */
#define MATCHER_FEW  64u        /* terms and iterators in arrays that are too */
#define MATCHER_BOOST_MAX 1e30f /* as in query_parse.c: weights are finite */

/* ---- weights ------------------------------------------------------------ */

static float matcherBoost(float outer, const Query *q) {
  return SN_MIN(outer * q->boost, MATCHER_BOOST_MAX);
}

static int matcherFields(Matcher *m) {
  const Table *t = m->view->table;
  m->field = snArenaZero(&m->arena, (t->ncol + 1) * sizeof *m->field);
  m->inv = snArenaZero(&m->arena, (t->ncol + 1) * sizeof *m->inv);
  return m->field && m->inv ? SEINE_OK : SN_NOMEM;
}

int snMatcherField(const Matcher *m, u32 column, const FieldStats **out) {
  FieldStats *f = m->field + column;
  *out = f;
  if (f->docs || column == m->view->table->ncol) return SEINE_OK;
  for (u32 s = 0; s < m->view->n; s++) {
    Dict *d;
    int rc = snDictTerms(m->view->seg[s], m->view->table->col[column].id, &d);
    if (rc) return rc;
    if (!d) continue;
    f->docs += snDictDocs(d);
    f->ttf += snDictTtf(d);
  }
  return SEINE_OK;
}

static void matcherIdf(const Matcher *m, MatchTerm *t, u64 docs, u64 df) {
  t->idf_docs = docs;
  t->idf_df = df;
  t->idf = snScoreIdf(m->sim, docs, df);
}

/* The matcher before most often had the same column. */
static int matcherNorms(Matcher *m, u32 column, float **inv) {
  MatchNorms *k = &m->norms;
  const FieldStats *f;
  int rc = snMatcherField(m, column, &f);
  if (rc) return rc;
  bool same = k->sim == m->sim && k->field.docs == f->docs &&
      k->field.ttf == f->ttf;
  *inv = same || !m->normed ? k->inv
                            : snArenaAlloc(&m->arena, sizeof k->inv);
  if (!*inv) return SN_NOMEM;
  if (!same) snScoreNorms(m->sim, f, *inv);
  if (*inv != k->inv) return SEINE_OK;
  k->sim = m->sim;
  k->field = *f;
  m->normed = true;
  return SEINE_OK;
}

static int matcherScorer(Matcher *m, MatchTerm *t, float boost, u32 column) {
  float **inv = m->inv + column;
  t->boost = boost;
  if (!*inv) {
    int rc = matcherNorms(m, column, inv);
    if (rc) return rc;
  }
  t->scorer = (Scorer){m->sim, boost * t->idf, *inv};
  return SEINE_OK;
}

int snMatcherLookup(const View *v, u32 column, const void *p, u32 n,
    TermMeta *meta, u64 *df) {
  u32 id = v->table->col[column].id;
  *df = 0;
  for (u32 s = 0; s < v->n; s++) {
    TermMeta one, *to = meta ? meta + s : &one;
    Dict *d;
    u32 ord = DICT_NONE;
    int rc = snDictTerms(v->seg[s], id, &d);
    if (!rc && d) rc = snDictFind(d, p, n, &ord);
    if (!rc && ord != DICT_NONE) rc = snDictMeta(d, ord, to);
    if (rc) return rc;
    if (ord != DICT_NONE) *df += to->df;
  }
  return SEINE_OK;
}

static int matcherTerm(Matcher *m, const Query *q, float boost) {
  int rc = snMemGrow(m->budget, &m->term, &m->term_cap, m->nterm + 1ull,
      sizeof *m->term);
  if (rc) return rc;
  MatchTerm *t = m->term + m->nterm;
  assert(q->id == m->nterm);
  memset(t, 0, sizeof *t);
  t->q = q;
  t->meta = snArenaZero(&m->arena, (m->view->n + 1ull) * sizeof *t->meta);
  if (!t->meta) return SN_NOMEM;
  rc = snMatcherLookup(m->view, q->column, q->text, q->len, t->meta, &t->df);
  if (rc) return rc;
  m->nterm++;
  if (!m->sim) return SEINE_OK;
  const FieldStats *f;
  rc = snMatcherField(m, q->column, &f);
  if (rc) return rc;
  matcherIdf(m, t, f->docs, t->df);
  return matcherScorer(m, t, boost, q->column);
}

/* All TERM kids weigh as the most frequent of them. */
static int matcherBlend(Matcher *m, const Query *q, float boost) {
  u64 df = 0, docs = 0;
  int rc = SEINE_OK;
  for (const Query *k = q->kids; !rc && k; k = k->next) {
    const FieldStats *f;
    if (k->kind != QUERY_TERM) continue;
    rc = snMatcherField(m, k->column, &f);
    df = SN_MAX(df, m->term[k->id].df);
    docs = SN_MAX(docs, f->docs);
  }
  for (const Query *k = q->kids; !rc && k; k = k->next) {
    if (k->kind != QUERY_TERM) continue;
    MatchTerm *t = m->term + k->id;
    matcherIdf(m, t, docs, df);
    rc = matcherScorer(m, t, matcherBoost(boost, k), k->column);
  }
  return rc;
}

static const MatchTerm *matcherFind(const Matcher *m, const Query *q) {
  assert(q->id < m->nterm && m->term[q->id].q == q);
  return m->term + q->id;
}

/* The sum over the terms of a phrase or a span; what EXCEPT takes away does not
** count.  *column: theirs. */
static double matcherIdfs(const Matcher *m, const Query *q, u32 *column) {
  double idf = 0;
  if (q->kind == QUERY_TERM) {
    *column = q->column;
    return (double)matcherFind(m, q)->idf;
  }
  for (const Query *k = q->kids; k; k = k->next)
    if (k == q->kids || snSpanOp(q) != SPAN_EXCEPT)
      idf += matcherIdfs(m, k, column);
  return idf;
}

/* A phrase or a span is kept as a term without lists. */
static int matcherPlaces(Matcher *m, const Query *q, float boost) {
  u32 column = m->view->table->ncol;
  int rc = snMemGrow(m->budget, &m->term, &m->term_cap, m->nterm + 1ull,
      sizeof *m->term);
  if (rc) return rc;
  MatchTerm *t = m->term + m->nterm;
  assert(q->id == m->nterm);
  memset(t, 0, sizeof *t);
  t->q = q;
  m->nterm++;
  if (!m->sim) return SEINE_OK;
  t->idf = (float)matcherIdfs(m, q, &column);
  return matcherScorer(m, t, boost, column);
}

/* The tree is at most as deep as the parser allows.  A boost is for all that
** is below it: the boosts of a leaf and of what it stands in multiply. */
static int matcherWeigh(Matcher *m, const Query *q, float boost) {
  int rc = SEINE_OK;
  boost = matcherBoost(boost, q);
  if (q->kind == QUERY_TERM) return matcherTerm(m, q, boost);
  for (const Query *k = q->kids; k && !rc; k = k->next)
    rc = matcherWeigh(m, k, boost);
  if (!rc && (q->kind == QUERY_PHRASE || q->kind == QUERY_SPAN))
    rc = matcherPlaces(m, q, boost);
  if (!rc && q->blend && m->sim) rc = matcherBlend(m, q, boost);
  return rc;
}

/* ---- compiling ---------------------------------------------------------- */

static bool matcherIsEmpty(const Iter *it) {
  return it->ops->shape == ITER_NONE;
}

/* The list of a word of an exact phrase and of the next one, or NULL. */
static Iter *matcherPair(Matcher *m, const Query *q, const Query *k,
    bool scored) {
  const Query *next = k->next;
  if (q->slop || !next || next->pos != k->pos + 1) return NULL;
  return snIterPair(m, matcherFind(m, k), matcherFind(m, next),
      scored ? matcherFind(m, q) : NULL);
}

/* Pairs are lists that are shorter than those of their words: each tells more
** than both of these.  That of a phrase of two words is the phrase. */
static Iter *matcherPhraseIter(Matcher *m, const Query *q, bool scored) {
  Iter **kids = snArenaZero(&m->seg_arena, q->nkids * sizeof *kids);
  Iter **pairs = snArenaZero(&m->seg_arena, q->nkids * sizeof *pairs);
  bool whole = q->nkids == 2 && !q->kids->pos;
  u32 i = 0;
  if (!kids || !pairs) {
    snIterFail(m, SN_NOMEM);
    return NULL;
  }
  for (const Query *k = q->kids; k; k = k->next)
    if (!matcherFind(m, k)->meta[m->seg].df) return snIterEmpty(m);
  for (const Query *k = q->kids; k; k = k->next, i++) {
    pairs[i] = matcherPair(m, q, k, scored && whole);
    if (m->rc) return NULL;
    if (pairs[i] && (whole || matcherIsEmpty(pairs[i]))) return pairs[i];
    const MatchTerm *t = matcherFind(m, k);
    u32 twin = snIterPhraseTwin(q->kids, k);
    kids[i] = twin < i ? kids[twin] : snIterTerm(m, t, false);
    if (!kids[i]) return NULL;
  }
  return snIterPhrase(m, q, kids, pairs,
      scored ? &matcherFind(m, q)->scorer : NULL);
}

static bool matcherIsOr(const Query *q) {
  if (q->kind != QUERY_BOOL || q->min > 1) return false;
  for (const Query *k = q->kids; k; k = k->next)
    if (k->occur != OCCUR_SHOULD) return false;
  return true;
}

/* Compiles the kids with that occur into kids[]; NULL: only counts them.  An
** or inside an or is one or, as in Lucene: so a score is rounded to a float
** once, and the best k see all terms. */
static u32 matcherKids(Matcher *m, const Query *q, Occur o, float boost,
    bool scored, Iter **kids) {
  u32 n = 0;
  for (const Query *k = q->kids; k && !m->rc; k = k->next) {
    if (k->occur != o) continue;
    if (o == OCCUR_SHOULD && q->min < 2 && matcherIsOr(k))
      n += matcherKids(m, k, o, matcherBoost(boost, k), scored,
          kids ? kids + n : NULL);
    else if (kids)
      kids[n++] = snMatcherCompile(m, k, boost, scored);
    else
      n++;
  }
  return n;
}

/* Whether what it says beside a word, a phrase or an and is nothing in this
** segment.  Of other shapes a score would be rounded elsewhere, and not be that
** of other segments. */
static bool matcherIsIdle(const Iter *it, const Iter *beside) {
  IterShape s = it->ops->shape;
  bool leaf = s == ITER_TERM || s == ITER_PHRASE;
  return matcherIsEmpty(beside) && (leaf || s == ITER_AND);
}

/* Leaves out kids without documents; how many are left. */
static u32 matcherFull(Iter **kids, u32 n) {
  u32 full = 0;
  for (u32 i = 0; i < n; i++)
    if (!matcherIsEmpty(kids[i])) kids[full++] = kids[i];
  return full;
}

/* One iterator for the kids with that occur, SHOULD of which `least` must
** match; NULL when there are none (or after an error). */
static Iter *matcherGroup(Matcher *m, const Query *q, Occur o, float boost,
    bool scored) {
  u32 n = matcherKids(m, q, o, boost, scored, NULL);
  u32 least = o == OCCUR_MUST ? n : o == OCCUR_SHOULD ? q->min : 0;
  if (!n) return NULL;
  if (least > n) return snIterEmpty(m);
  Iter **kids = snArenaZero(&m->seg_arena, n * sizeof *kids);
  if (!kids) snIterFail(m, SN_NOMEM);
  else matcherKids(m, q, o, boost, scored, kids);
  if (m->rc) return NULL;
  n = matcherFull(kids, n);
  if (!n || least > n) return snIterEmpty(m);
  if (n < 2) return kids[0];
  if (least == n) return snIterAnd(m, kids, n);
  return least < 2 ? snIterOr(m, kids, n) : snIterSome(m, kids, n, least);
}

static Iter *matcherBool(Matcher *m, const Query *q, float boost,
    bool scored) {
  Iter *must = matcherGroup(m, q, OCCUR_MUST, boost, scored);
  Iter *should = m->rc || (must && !scored && !q->min)
      ? NULL : matcherGroup(m, q, OCCUR_SHOULD, boost, scored);
  Iter *drop = m->rc ? NULL : matcherGroup(m, q, OCCUR_NOT, boost, false);
  if (m->rc) return NULL;
  Iter *it = must ? must : should;
  if (must && should && q->min)
    it = snIterAnd(m, (Iter *[2]){must, should}, 2);
  else if (must && should && !matcherIsIdle(must, should))
    it = snIterOpt(m, must, should);
  if (!it) return m->rc ? NULL : snIterEmpty(m);
  return drop && !matcherIsIdle(it, drop) ? snIterNot(m, it, drop) : it;
}

static Iter *matcherNode(Matcher *m, const Query *q, float boost,
    bool scored) {
  switch (q->kind) {
  case QUERY_ALL: return snIterAll(m, boost);
  case QUERY_TERM: return snIterTerm(m, matcherFind(m, q), scored);
  case QUERY_PHRASE: return matcherPhraseIter(m, q, scored);
  case QUERY_SPAN:
    return snIterSpan(m, q, scored ? &matcherFind(m, q)->scorer : NULL);
  case QUERY_PREFIX: return snIterPrefix(m, q, boost);
  case QUERY_PATTERN: return snIterPattern(m, q, boost);
  case QUERY_RANGE: return snIterRange(m, q, boost);
  case QUERY_BOOL: return matcherBool(m, q, boost, scored);
  case QUERY_MAX: {
    Iter **kids = snArenaZero(&m->seg_arena, (q->nkids + 1) * sizeof *kids);
    u32 n = 0;
    if (!kids) {
      snIterFail(m, SN_NOMEM);
      return NULL;
    }
    for (const Query *k = q->kids; k; k = k->next) {
      kids[n] = snMatcherCompile(m, k, boost, scored);
      if (!kids[n++]) return NULL;
    }
    return n ? snIterMax(m, kids, n, q->tie) : snIterEmpty(m);
  }
  default: return snIterEmpty(m);
  }
}

Iter *snMatcherCompile(Matcher *m, const Query *q, float boost,
    bool scored) {
  Iter *it = matcherNode(m, q, matcherBoost(boost, q), scored);
  if (it && q->kind != QUERY_BOOL) it->q = q;
  return it;
}

/* ---- life --------------------------------------------------------------- */

static void matcherLeave(Matcher *m) {
  for (u32 i = 0; i < m->nopen; i++) m->open[i]->ops->close(m->open[i]);
  m->nopen = 0;
  m->root = m->scorer = NULL;
  snArenaReset(&m->seg_arena, MATCHER_KEEP);
}

/* The one that was left in the room, or a new one; zeroed but for what it
** keeps. */
static Matcher *matcherNew(Budget *b, Matcher **room) {
  Matcher *m = room ? *room : NULL;
  if (m) {
    assert(m->budget == b);
    *room = NULL;
    return m;
  }
  m = snMemZero(b, sizeof *m);
  if (!m) return NULL;
  m->budget = b;
  snArenaInit(&m->arena, b);
  snArenaInit(&m->seg_arena, b);
  m->arena.first = MATCHER_ROOM;
  return m;
}

int snMatcherOpen(Budget *b, View *v, const Query *q, Similarity sim,
    const MatchHost *host, Matcher **out) {
  *out = NULL;
  Matcher *m = matcherNew(b, host ? host->room : NULL);
  if (!m) return SN_NOMEM;
  m->room = host ? host->room : NULL;
  m->view = snViewKeep(v);
  m->sim = sim;
  m->cancelled = host ? host->cancelled : NULL;
  m->cancel_arg = host ? host->arg : NULL;
  m->seg = UINT32_MAX;
  m->floor = -1.0f;
  int rc = matcherFields(m);
  if (!rc) rc = snMatcherRewrite(m, q, &m->query);
  if (!rc) rc = matcherWeigh(m, m->query, 1.0f);
  if (rc) snMatcherClose(m);
  else *out = m;
  return rc;
}

void snMatcherFree(Matcher *m) {
  if (!m) return;
  snMemFree(m->open);
  snMemFree(m->term);
  snArenaClear(&m->seg_arena);
  snArenaClear(&m->arena);
  snMemFree(m);
}

void snMatcherClose(Matcher *m) {
  if (!m) return;
  Matcher **room = m->room;
  matcherLeave(m);
  snViewDrop(m->view);
  if (!room || *room || m->term_cap > MATCHER_FEW ||
      m->open_cap > MATCHER_FEW) {
    snMatcherFree(m);
    return;
  }
  snArenaReset(&m->arena, MATCHER_LEFT);
  memset(m, 0, offsetof(Matcher, budget));
  *room = m;
}

const Query *snMatcherQuery(const Matcher *m) { return m->query; }

int snMatcherSegment(Matcher *m, u32 seg) {
  matcherLeave(m);
  m->seg = seg;
  return m->rc;
}

Iter *snMatcherRoot(Matcher *m) {
  if (!m->root && !m->rc && m->seg != UINT32_MAX)
    m->root = snMatcherCompile(m, m->query, 1.0f, false);
  return m->root;
}

Iter *snMatcherScorer(Matcher *m) {
  if (!m->scorer && m->sim && !m->rc && m->seg != UINT32_MAX)
    m->scorer = snMatcherCompile(m, m->query, 1.0f, true);
  return m->scorer;
}

int snMatcherSeek(Matcher *m, u32 w, u32 *out) {
  *out = DOC_END;
  Iter *root = snMatcherRoot(m);
  if (!root) return m->rc ? m->rc : SEINE_MISUSE;
  u32 d = snIterSeek(root, w * SN_WINDOW);
  if (d != DOC_END) *out = d / SN_WINDOW;
  return m->rc;
}

int snMatcherFill(Matcher *m, u32 w, u64 *bits) {
  Iter *root = snMatcherRoot(m);
  if (!root) return m->rc ? m->rc : SEINE_MISUSE;
  root->ops->fill(root, w * SN_WINDOW, bits);
  return m->rc;
}

int snMatcherBound(Matcher *m, u32 from, u32 *upto, float *out) {
  Iter *scorer = snMatcherScorer(m);
  *upto = DOC_END - 1;
  if (!scorer) return m->rc ? m->rc : SEINE_MISUSE;
  *out = scorer->ops->bound(scorer, from, upto);
  return m->rc;
}

int snMatcherScores(Matcher *m, u32 w, const u64 *bits, double *out) {
  Iter *scorer = snMatcherScorer(m);
  if (!scorer) return m->rc ? m->rc : SEINE_MISUSE;
  snIterSums(bits, out);
  scorer->ops->add(scorer, w * SN_WINDOW, bits, out);
  snIterFloats(bits, out);
  return m->rc;
}

#undef MATCHER_ROOM
#undef MATCHER_KEEP
#undef MATCHER_LEFT
#undef MATCHER_FEW
#undef MATCHER_BOOST_MAX
