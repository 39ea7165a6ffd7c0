/*
** resolve_match: what a search adds to the language.  MATCH and the calls that
** are conditions like it, score(), explain_score(), highlight(), snippet() and
** offsets().
**
** A condition becomes a slot of its table: the text of the query, which may be
** a parameter, and how it is asked: the columns and the options, which are
** literals.
*/
#include "sql/plan.h"

/* Options by letter: see matchOptions. */
typedef struct MatchForm {
  const char *name;
  u8 form;
  const char *options;
} MatchForm;
static const MatchForm matchForms[] = {
  {"match", ASK_QUERY, "omstbc"},
  {"phrase", ASK_PHRASE, "lmtb"},
  {"fuzzy", ASK_FUZZY, "epxmtb"},
  {"prefix", ASK_PREFIX, "mtb"},
  {"wildcard", ASK_WILDCARD, "mtb"},
  {"regex", ASK_REGEXP, "mtb"},
  {"mlt", ASK_LIKE, "sbxfd"},
};
/* lo and hi: of numbers. */
typedef struct MatchOption {
  char letter;
  const char *name;
  double lo, hi;
} MatchOption;
static const MatchOption matchOptions[] = {
  {'o', "op", 0, 0}, {'m', "mode", 0, 0}, {'s', "msm", 0, 0},
  {'t', "tie", 0, 1}, {'b', "boost", 0, 1e9}, {'f', "min_tf", 1, 1e9},
  {'d', "min_df", 1, 1e9}, {'l', "slop", 0, 1e9},
  {'e', "edits", 0, QUERY_EDITS_MAX}, {'p', "prefix", 0, 255},
  {'x', "most", 1, 10000}, {'c', "strict", 0, 0},
};

static bool matchIs(const Expr *e, const char *name) {
  return snAsciiEq(e->text, e->len, name, strlen(name));
}

static const MatchForm *matchFormOf(const Expr *e) {
  for (u32 k = 0; e->kind == EX_CALL && k < SN_COUNT(matchForms); k++)
    if (matchIs(e, matchForms[k].name)) return matchForms + k;
  return NULL;
}

const char *snResolveFormName(u8 form) {
  for (u32 k = 0; k < SN_COUNT(matchForms); k++)
    if (matchForms[k].form == form) return matchForms[k].name;
  return "="; /* ASK_EXACT */
}

bool snResolveIsMatch(const Expr *e) {
  return e->kind == EX_MATCH || matchFormOf(e);
}

bool snResolveIsSearch(const Expr *e) {
  return snResolveIsMatch(e) || matchIs(e, "score") ||
      matchIs(e, "explain_score") ||
      matchIs(e, "highlight") || matchIs(e, "snippet") ||
      matchIs(e, "offsets");
}

static bool matchExact(const Source *s, u32 slot) {
  return s->match[slot].ask->form == ASK_EXACT;
}

/* ---- slots -------------------------------------------------------------- */

static bool matchSame(const QueryAsk *a, const QueryAsk *b) {
  if (a->form != b->form || a->mode != b->mode || a->op_and != b->op_and ||
      a->op_set != b->op_set || a->strict != b->strict ||
      a->closed != b->closed ||
      a->edits != b->edits || a->min_tf != b->min_tf ||
      a->min_df != b->min_df ||
      a->fixed != b->fixed || a->most != b->most || a->slop != b->slop ||
      a->tie != b->tie || a->boost != b->boost ||
      a->some_len != b->some_len || a->ncol != b->ncol)
    return false;
  if (a->some_len && memcmp(a->some, b->some, a->some_len)) return false;
  for (u32 i = 0; i < a->ncol; i++)
    if (a->col[i].column != b->col[i].column ||
        a->col[i].boost != b->col[i].boost)
      return false;
  return true;
}

/* In the program, for as long as that lives. */
static int matchKeep(Compile *c, const QueryAsk *ask, const QueryAsk **out) {
  QueryAsk *to = snCodeAlloc(c, sizeof *to);
  QueryColumn *col = snCodeAlloc(c, (ask->ncol + 1ull) * sizeof *col);
  char *some = ask->some
      ? snArenaDup(&c->prog->arena, ask->some, ask->some_len) : NULL;
  if (!to || !col || (ask->some && !some)) return SN_NOMEM;
  *to = *ask;
  if (ask->ncol) memcpy(col, ask->col, ask->ncol * sizeof *col);
  to->col = col;
  to->some = some;
  *out = to;
  return SEINE_OK;
}

static int matchAdd(Compile *c, Source *s, Expr *query, MatchSlot slot) {
  if (s->nmatch == s->match_cap) {
    u32 cap = s->match_cap ? s->match_cap * 2 : 4;
    MatchSlot *m = snArenaZero(c->arena, cap * sizeof *m);
    Expr **q = snArenaZero(c->arena, cap * sizeof *q);
    if (!m || !q) return SN_NOMEM;
    if (s->nmatch) memcpy(m, s->match, s->nmatch * sizeof *m);
    if (s->nmatch) memcpy(q, s->query, s->nmatch * sizeof *q);
    s->match = m;
    s->query = q;
    s->match_cap = cap;
  }
  s->match[s->nmatch] = slot;
  s->query[s->nmatch++] = query;
  return SEINE_OK;
}

/* Equal conditions share a slot. */
int snResolveSlot(Compile *c, Source *s, const QueryAsk *ask, Expr *query,
    u32 *out) {
  for (u32 i = 0; i < s->nmatch; i++) {
    if (!matchSame(s->match[i].ask, ask) || !snAstSame(s->query[i], query))
      continue;
    *out = i;
    return SEINE_OK;
  }
  MatchSlot slot = {.query = NO_REG, .similarity = SIM_NONE};
  int rc = matchKeep(c, ask, &slot.ask);
  *out = s->nmatch;
  return rc ? rc : matchAdd(c, s, query, slot);
}

/* ---- where it looks ----------------------------------------------------- */

/* A table: all its columns.  false: it is none. */
static bool matchTable(const Plan *p, const Expr *e, u32 *src) {
  if (e->kind != EX_NAME || e->left) return false;
  for (u32 s = 0; p && s < p->nsrc; s++) {
    const char *a = p->src[s].alias;
    if (!a || !snAsciiEq(a, strlen(a), e->text, e->len)) continue;
    if (snPlanColumn(p->src + s, e->text, e->len) >= 0) continue;
    if (!p->src[s].table) break;
    *src = s;
    return true;
  }
  return false;
}

/* A column that the authorizer has made NULL cannot be searched. */
static int matchHidden(Compile *c, const Expr *name, const Expr *is) {
  if (name->kind != EX_NAME || is->kind != EX_NULL) return SEINE_OK;
  (void)snParseError(c->p, name->at, "not authorized: read %s, which is "
      "searched", name->text);
  return c->p->rc = SEINE_AUTH;
}

/* title, or title * 3: with a boost. */
static int matchColumn(Compile *c, Plan *p, Expr *e, u32 *src,
    QueryColumn *out) {
  u32 at = e->at;
  out->boost = 1;
  if (e->kind == EX_ARITH && e->op == AR_MUL &&
      (e->right->kind == EX_INT || e->right->kind == EX_REAL)) {
    double boost = e->right->kind == EX_INT ? (double)e->right->i
                                            : e->right->d;
    if (!(boost >= 0 && boost <= 1e30))
      return snParseError(c->p, e->right->at, "a boost is a number from 0 to "
          "1e30");
    out->boost = (float)boost;
    e = e->left;
  }
  const Expr *name = e;
  int rc = snResolve(c, p, &e, 0);
  if (!rc) rc = matchHidden(c, name, e);
  if (rc) return rc;
  if (e->kind != EX_COLUMN || e->i == (i64)ROWID_COLUMN ||
      !p->src[e->src].table)
    return snParseError(c->p, at, "MATCH needs a table or a column of a "
        "table on its left side");
  *src = e->src;
  out->column = (u32)e->i;
  const Column *col = p->src[e->src].table->col + e->i;
  size_t n;
  const char *target = snTableTarget(col, &n);
  if (!target) return SEINE_OK;
  return snParseError(c->p, at, "column %s holds queries over %.*s, not words: "
      "FROM percolate(table.%s, document) finds those that match", col->name,
      (int)SN_MIN(n, 60u), target, col->name);
}

static int matchWhere(Compile *c, Plan *p, Expr *e, u32 *src,
    QueryAsk *ask) {
  u32 n = e->kind == EX_ROW ? e->list->n : 1;
  if (matchTable(p, e, src)) return SEINE_OK;
  QueryColumn *col = snArenaZero(c->arena, n * sizeof *col);
  if (!col) return SN_NOMEM;
  for (u32 i = 0; i < n; i++) {
    Expr *one = e->kind == EX_ROW ? e->list->v[i].e : e;
    u32 of = 0;
    int rc = matchColumn(c, p, one, &of, col + i);
    if (rc) return rc;
    if (i && of != *src)
      return snParseError(c->p, one->at, "the columns of a MATCH must be of "
          "one table");
    *src = of;
  }
  ask->ncol = n;
  ask->col = col;
  return SEINE_OK;
}

/* ---- how it looks ------------------------------------------------------- */

static int matchChoice(Compile *c, const Expr *x, const char *const *words,
    u32 n, u8 *out) {
  for (u32 k = 0; x->kind == EX_STR && k < n; k++) {
    if (!matchIs(x, words[k])) continue;
    *out = (u8)k;
    return SEINE_OK;
  }
  Buf b;
  snBufInit(&b, c->arena->budget);
  for (u32 k = 0; k < n; k++)
    snBufPrintf(&b, "%s'%s'", !k ? "" : k + 1 < n ? ", " : " or ", words[k]);
  int rc = snParseError(c->p, x->at, "this must be %s", snBufText(&b));
  snBufClear(&b);
  return rc;
}

static int matchNumber(Compile *c, const Expr *x, double lo, double hi,
    double *out) {
  double v = x->kind == EX_INT ? (double)x->i
      : x->kind == EX_REAL ? x->d : NAN;
  *out = v;
  if (v >= lo && v <= hi) return SEINE_OK;
  return snParseError(c->p, x->at, "this must be a number from %.0f to %.0f",
      lo, hi);
}

/* '75%', '2<-1', 2, -1 */
static int matchSome(Compile *c, const Expr *x, QueryAsk *ask) {
  const Expr *v = x->kind == EX_NEG ? x->left : x;
  char text[32];
  if (x->kind == EX_STR) {
    ask->some = x->text;
    ask->some_len = x->len;
  } else if (v->kind == EX_INT) {
    snprintf(text, sizeof text, "%s%lld", x == v ? "" : "-", (long long)v->i);
    ask->some_len = (u32)strlen(text);
    ask->some = snArenaDup(c->arena, text, ask->some_len);
    if (!ask->some) return SN_NOMEM;
  }
  if (ask->some && snQuerySomeKnown(ask->some, ask->some_len))
    return SEINE_OK;
  return snParseError(c->p, x->at, "msm must be a number of words, a "
      "percentage like '75%%', negative to say how many may be missing, or "
      "by steps like '2<75%% 9<-3'");
}

static int matchOption(Compile *c, const MatchOption *o, const Expr *x,
    QueryAsk *ask) {
  static const char *const ops[] = {"or", "and"};
  static const char *const modes[] = {"words", "cross", "best", "most"};
  const Budget *b = c->arena->budget;
  double v = 0;
  u8 k = 0;
  int rc;
  switch (o->letter) {
  case 'o':
    ask->op_set = true;
    rc = matchChoice(c, x, ops, SN_COUNT(ops), &k);
    ask->op_and = k;
    return rc;
  case 'm': return matchChoice(c, x, modes, SN_COUNT(modes), &ask->mode);
  case 'c':
    if (x->kind != EX_BOOL)
      return snParseError(c->p, x->at, "this must be TRUE or FALSE");
    ask->strict = x->i != 0;
    return SEINE_OK;
  case 's': return matchSome(c, x, ask);
  default: break;
  }
  rc = matchNumber(c, x, o->lo, o->hi, &v);
  if (rc) return rc;
  if (o->letter == 'x' && v > (double)snLimit(b, SEINE_LIMIT_FUZZY))
    return snParseError(c->p, x->at, "most is %.0f: %s", v,
        snLimitSay(b, SEINE_LIMIT_FUZZY));
  switch (o->letter) {
  case 't': ask->tie = (float)v; break;
  case 'b': ask->boost = (float)v; break;
  case 'f': ask->min_tf = (u32)v; break;
  case 'd': ask->min_df = (u32)v; break;
  case 'l': ask->slop = (u32)v; break;
  case 'e': ask->edits = (u8)v; break;
  case 'p': ask->fixed = (u32)v; break;
  default: ask->most = (u32)v; break;
  }
  return SEINE_OK;
}

static int matchNamed(Compile *c, const MatchForm *f, const ExprItem *item,
    QueryAsk *ask) {
  Nearest near;
  const char *name = item->alias;
  snNearestInit(&near, name);
  for (u32 k = 0; k < SN_COUNT(matchOptions); k++) {
    if (!strchr(f->options, matchOptions[k].letter)) continue;
    snNearestAdd(&near, matchOptions[k].name);
    if (snAsciiEq(name, strlen(name), matchOptions[k].name,
            strlen(matchOptions[k].name)))
      return matchOption(c, matchOptions + k, item->e, ask);
  }
  snNearestHint(&near, c->err);
  return snParseError(c->p, item->e->at, "%s() has no option %s", f->name,
      name);
}

/* MATCH as an operator, or a call: what, query, option => literal ... */
static int matchCondition(Compile *c, Plan *p, Expr **at) {
  Expr *e = *at, *what = e->left, *query = e->right;
  const MatchForm *f = e->kind == EX_MATCH ? matchForms : matchFormOf(e);
  QueryAsk ask = {.form = f->form, .edits = QUERY_EDITS_AUTO, .boost = 1};
  u32 src = 0, slot;
  int rc = SEINE_OK;
  if (f->form == ASK_LIKE) {
    ask.most = 25;
    ask.min_tf = 2;
    ask.min_df = 5;
    ask.some = "30%";
    ask.some_len = 3;
  }
  if (e->kind == EX_CALL) {
    const ExprList *l = e->list;
    if (!l || l->n < 2 || l->v[0].alias || l->v[1].alias)
      return snParseError(c->p, e->at, "%s(table or columns, query [, option "
          "=> value ...])", f->name);
    what = l->v[0].e;
    query = l->v[1].e;
    for (u32 k = 2; !rc && k < l->n; k++) {
      if (!l->v[k].alias)
        rc = snParseError(c->p, l->v[k].e->at, "an option has a name: option "
            "=> value");
      else
        rc = matchNamed(c, f, l->v + k, &ask);
    }
  }
  if (!rc) rc = matchWhere(c, p, what, &src, &ask);
  if (!rc) rc = snResolve(c, p, &query, 0);
  if (!rc && !snResolveConst(query))
    rc = snParseError(c->p, query->at, "the query of MATCH must be a "
        "text or a parameter");
  bool row = f->form == ASK_LIKE && !rc && query->type == TYPE_INTEGER;
  if (!rc && !row && !snTypeIsString(query->type))
    rc = snResolveCast(c, &query, TYPE_TEXT);
  if (!rc) rc = snGuardMatch(c, p->src + src, &ask, e->at);
  if (!rc) rc = snResolveSlot(c, p->src + src, &ask, query, &slot);
  if (rc) return rc;
  e->kind = EX_HIT;
  e->src = src;
  e->slot = slot;
  e->left = e->right = NULL;
  e->list = NULL;
  e->type = TYPE_BOOLEAN;
  return SEINE_OK;
}

/* ---- what is asked of a hit --------------------------------------------- */

/* score(), score('tfidf'). */
static int matchSimilarity(Compile *c, const Expr *e, u8 *out) {
  static const char *const names[] = {"bm25", "tfidf"};
  u8 k = 0;
  if (e->list && (e->list->n > 1 || e->list->v[0].alias))
    return snParseError(c->p, e->at, "%.*s() takes at most the name of a "
        "similarity, 'bm25' or 'tfidf'", (int)e->len, e->text);
  int rc = e->list
      ? matchChoice(c, e->list->v[0].e, names, SN_COUNT(names), &k) : SEINE_OK;
  *out = (u8)(SIM_BM25 + k);
  return rc;
}

/* Slot k, or one beside it when k scores by another similarity already. */
static int matchScored(Compile *c, Source *s, u32 k, u8 similarity,
    u32 *out) {
  const QueryAsk *ask = s->match[k].ask;
  for (*out = k; *out < s->nmatch; ++*out) {
    MatchSlot *m = s->match + *out;
    if (m->ask != ask) continue;
    if (m->similarity == SIM_NONE) m->similarity = similarity;
    if (m->similarity == similarity) return SEINE_OK;
  }
  return matchAdd(c, s, s->query[k],
      (MatchSlot){.query = NO_REG, .similarity = similarity, .ask = ask});
}

/* What one query adds to a row's score, or how. */
static int matchPart(Compile *c, Expr *call, u8 kind, u32 src, u32 slot,
    Expr **out) {
  Expr *e = *out = snAstNew(c->p, kind, call->at);
  if (!e) return c->p->rc;
  e->src = src;
  e->slot = slot;
  e->type = kind == EX_SCORE ? TYPE_REAL : TYPE_TEXT;
  return SEINE_OK;
}

static int matchJoin(Compile *c, u8 kind, Expr *one, Expr **all) {
  if (!*all) {
    *all = one;
    return SEINE_OK;
  }
  *all = snAstOp(c->p, kind, AR_ADD, *all, one);
  if (!*all) return c->p->rc;
  (*all)->type = one->type;
  return SEINE_OK;
}

/* Several trees hang below the sum of them all. */
static int matchTrees(Compile *c, Expr *sum, Expr **trees) {
  Expr *is = snAstNew(c->p, EX_STR, sum->at), *all;
  int rc = is ? snResolveCast(c, &sum, TYPE_TEXT) : c->p->rc;
  if (rc) return rc;
  is->text = " = sum of";
  is->len = 9;
  is->type = TYPE_TEXT;
  all = sum;
  rc = matchJoin(c, EX_CONCAT, is, &all);
  if (!rc) rc = matchJoin(c, EX_CONCAT, *trees, &all);
  *trees = all;
  return rc;
}

/* score(): the sum over the queries that every row must match;
** explain_score(): how each of them comes about, as a text. */
static int matchScore(Compile *c, Plan *p, Expr **at, bool why) {
  Expr *e = *at, *sum = NULL, *trees = NULL, *first = NULL, *one;
  u8 similarity = SIM_NONE;
  int rc = matchSimilarity(c, e, &similarity);
  for (u32 s = 0; !rc && p && s < p->nsrc; s++) {
    Source *src = p->src + s;
    for (u32 k = 0, n = src->nmatch; !rc && k < n; k++) {
      u32 slot;
      if (!src->match[k].drives || matchExact(src, k)) continue;
      rc = matchScored(c, src, k, similarity, &slot);
      if (!rc) rc = matchPart(c, e, EX_SCORE, s, slot, &one);
      if (!rc) rc = matchJoin(c, EX_ARITH, one, &sum);
      if (rc || !why) continue;
      rc = matchPart(c, e, EX_WHY, s, slot, &one);
      if (!rc && first) first->i = one->i = 1; /* below a sum */
      if (!rc && !first) first = one;
      if (!rc) rc = matchJoin(c, EX_CONCAT, one, &trees);
    }
  }
  if (rc) return rc;
  if (!sum)
    return snParseError(c->p, e->at, "%.*s() needs a MATCH in WHERE that "
        "every row must pass, not one under OR or NOT", (int)e->len, e->text);
  *at = why ? trees : sum;
  return trees && trees != first ? matchTrees(c, sum, at) : SEINE_OK;
}

static const char *matchString(const ExprList *l, u32 k, const char *none) {
  if (!l || k >= l->n || l->v[k].e->kind != EX_STR) return none;
  return l->v[k].e->text;
}

/* The marks are literals; so is the number of tokens. */
static int matchMarkArgs(Compile *c, const ExprList *l, u32 k) {
  for (u32 i = 1; i < l->n; i++) {
    const Expr *x = l->v[i].e;
    if (i >= k && x->kind != EX_STR)
      return snParseError(c->p, x->at, "a text literal is needed here");
    if (i < k && (x->kind != EX_INT || x->i < 1 || x->i > 10000))
      return snParseError(c->p, x->at, "a number of words from 1 to 10,000 "
          "is needed here");
  }
  return SEINE_OK;
}

/* highlight(col [, open, close]); snippet(col [, tokens [, open, close [,
** dots]]]); offsets(col). */
static int matchMark(Compile *c, Plan *p, Expr **at) {
  Expr *e = *at;
  bool snippet = matchIs(e, "snippet"), list = matchIs(e, "offsets");
  u32 n = e->list ? e->list->n : 0, k = snippet ? 2 : 1;
  if (!n || n > (list ? 1 : k + 3))
    return snParseError(c->p, e->at, snippet
        ? "snippet(column [, tokens [, open, close [, dots]]])"
        : list ? "offsets(column)" : "highlight(column [, open, close])");
  const Expr *name = e->list->v[0].e;
  int rc = snResolve(c, p, &e->list->v[0].e, 0);
  if (!rc) rc = matchHidden(c, name, e->list->v[0].e);
  if (!rc) rc = matchMarkArgs(c, e->list, k);
  if (rc) return rc;
  Expr *col = e->list->v[0].e;
  if (col->kind != EX_COLUMN || !p->src[col->src].table ||
      !snTypeIsString(col->type))
    return snParseError(c->p, col->at, "a text column of a table is needed");
  const Source *s = p->src + col->src;
  bool driven = false;
  for (u32 i = 0; i < s->nmatch; i++)
    driven |= s->match[i].drives && !matchExact(s, i);
  if (!driven)
    return snParseError(c->p, e->at, "%s() needs a MATCH in WHERE that every "
        "row must pass, not one under OR or NOT",
        snippet ? "snippet" : list ? "offsets" : "highlight");
  Marker *m = snArenaZero(c->arena, sizeof *m);
  if (!m) return SN_NOMEM;
  m->table = s->table;
  m->column = (u32)col->i;
  m->open = matchString(e->list, k, "<b>");
  m->close = matchString(e->list, k + 1, "</b>");
  m->dots = matchString(e->list, k + 2, "...");
  m->list = list;
  if (snippet) m->max_tokens = n > 1 ? (u32)e->list->v[1].e->i : 24;
  e->kind = EX_MARK;
  e->left = col;
  e->list = NULL;
  e->src = col->src;
  e->mark = m;
  e->type = TYPE_TEXT;
  return SEINE_OK;
}

int snResolveSearch(Compile *c, Plan *p, Expr **at) {
  if (snResolveIsMatch(*at)) return matchCondition(c, p, at);
  if (matchIs(*at, "score")) return matchScore(c, p, at, false);
  if (matchIs(*at, "explain_score")) return matchScore(c, p, at, true);
  return matchMark(c, p, at);
}
