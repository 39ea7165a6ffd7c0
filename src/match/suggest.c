/*
** suggest: terms of a column that a person may have meant: the nearest to a
** word, and those that begin with a text, the most frequent first.
**
** Completion over several segments is exact without looking at every term.
** Each segment gives the terms that most of its documents have, down to a
** depth of its own.
** (1) What no segment gave has, over all, at most the sum of the least that
**     those gave which have more; when k of the given terms have more than
**     that, they are the answer.  Else one goes deeper.
** (2) When only one segment has more, what it did not give comes behind all
**     that it gave, and is in no other: the depth was enough.
*/
#include "match/matchInt.h"

#define SUGGEST_CHARS 4u  /* of a word that may be another */
#define SUGGEST_LEAST 0.5 /* 1 - edits / characters of the shorter */
#define SUGGEST_GROWS 8u  /* times: the depth, when it was not enough */

/* Orders a list by number: by rank, then the most frequent, then text. */
static int suggestOrder(void *arg, u32 a, u32 b) {
  const Suggestion *x = (const Suggestion *)arg + a;
  const Suggestion *y = (const Suggestion *)arg + b;
  if (x->rank != y->rank) return x->rank > y->rank ? -1 : 1;
  if (x->docs != y->docs) return x->docs > y->docs ? -1 : 1;
  return snStrCmp(x->p, x->n, y->p, y->n);
}

int snSuggestBest(const SuggestAsk *a, const Suggestion *found, u32 n,
    Suggestion **out, u32 *nout) {
  u32 *order = snMemAlloc(a->budget, (2ull * n + 1) * sizeof *order);
  u32 k = SN_MIN(n, a->most);
  Suggestion *best = snArenaAlloc(a->arena, (k + 1ull) * sizeof *best);
  int rc = order && best ? SEINE_OK : SN_NOMEM;
  for (u32 i = 0; !rc && i < n; i++) order[i] = i;
  if (!rc) snSortIndex(order, n, order + n, suggestOrder, (void *)found);
  for (u32 i = 0; !rc && i < k; i++) {
    best[i] = found[order[i]];
    best[i].p = (const u8 *)snArenaDup(a->arena, (const char *)best[i].p,
        best[i].n);
    if (!best[i].p) rc = SN_NOMEM;
  }
  snMemFree(order);
  *out = best;
  *nout = rc ? 0 : k;
  return rc;
}

static u32 suggestId(const SuggestAsk *a) {
  return a->view->table->col[a->column].id;
}

/* The documents with a term. */
static int suggestDocs(const SuggestAsk *a, const void *p, u32 n, u64 *docs) {
  return snMatcherLookup(a->view, a->column, p, n, NULL, docs);
}

/* ---- the nearest -------------------------------------------------------- */

/* A noisy channel: what is frequent is meant often, and some slips are made
** more often than others. */
static double suggestLikely(const u8 *p, u32 n, const StrRef *term, u64 docs) {
  double cost = snTypoCost(p, n, (const u8 *)term->p, term->n);
  return log((double)docs + 1) - cost;
}

/* Terms near to a word that more than `docs` documents have. */
static int suggestNear(const SuggestAsk *a, const u8 *p, u32 n, u64 docs,
    Suggestion **out, u32 *nout) {
  FuzzyAsk ask = {.text = p, .len = n, .column = a->column,
      .edits = a->edits, .fixed = 1, .counted = true,
      .cancelled = a->cancelled, .arg = a->arg};
  FuzzyFound f;
  u32 found = 0;
  int rc = snFuzzyFind(a->budget, a->view, &ask, &f);
  Suggestion *all = rc ? NULL
      : snMemAlloc(a->budget, (f.terms.n + 1ull) * sizeof *all);
  if (!rc && !all) rc = SN_NOMEM;
  for (u32 i = 0; !rc && i < f.terms.n; i++) {
    const FuzzyTerm *t = f.term + i;
    double near = 1 - (double)t->edits / (double)SN_MAX(t->chars, 1u);
    if (!t->edits || near < SUGGEST_LEAST || t->docs <= docs) continue;
    const StrRef *r = f.terms.refs + i;
    all[found++] = (Suggestion){(const u8 *)r->p, r->n, near, t->docs, 0,
        suggestLikely(p, n, r, t->docs)};
  }
  if (!rc) rc = snSuggestBest(a, all, found, out, nout);
  snMemFree(all);
  snFuzzyFree(&f);
  return rc;
}

int snSuggestWord(const SuggestAsk *a, SuggestMode mode, const u8 *p, u32 n,
    Suggestion **out, u32 *nout) {
  u64 docs;
  *nout = 0;
  if (snUtfCount(p, n) < SUGGEST_CHARS) return SEINE_OK;
  int rc = suggestDocs(a, p, n, &docs);
  if (rc || (docs && mode == SUGGEST_MISSING)) return rc;
  return suggestNear(a, p, n, mode == SUGGEST_ALWAYS ? 0 : docs, out, nout);
}

/* ---- completion --------------------------------------------------------- */

typedef struct SuggestRange { u32 from, to; } SuggestRange;

/* The terms of a segment that begin with one of the prefixes. */
typedef struct SuggestPart {
  Dict *d;
  SuggestRange *range;
  u32 n;
  u64 terms;
  u32 depth, next;   /* terms to be given, now and then */
  u64 least;         /* documents of the last one given, when it has more */
} SuggestPart;

typedef struct SuggestWords {
  const SuggestAsk *ask;
  Arena arena;
  FuzzyFound near;   /* the prefixes ... */
  u32 *order, n;     /* ... in order */
  SuggestPart *part; /* by segment */
  StrSet given;
  u64 *docs;         /* of those given, over all */
  u32 cap;
} SuggestWords;

static int suggestPrefixOrder(void *arg, u32 a, u32 b) {
  const StrRef *r = ((const StrSet *)arg)->refs;
  return snStrCmp(r[a].p, r[a].n, r[b].p, r[b].n);
}

static int suggestPrefixes(SuggestWords *w, const u8 *p, u32 n) {
  const SuggestAsk *a = w->ask;
  FuzzyAsk ask = {.text = p, .len = n, .column = a->column,
      .edits = a->edits, .fixed = 1, .prefix = true,
      .cancelled = a->cancelled, .arg = a->arg};
  int rc = SEINE_OK;
  if (a->edits) rc = snFuzzyFind(a->budget, a->view, &ask, &w->near);
  else (void)snStrSetAdd(&w->near.terms, p, n);
  if (!rc) rc = w->near.terms.rc;
  if (rc) return rc;
  w->n = w->near.terms.n;
  w->order = snArenaAlloc(&w->arena, (2ull * w->n + 1) * sizeof *w->order);
  if (!w->order) return SN_NOMEM;
  for (u32 i = 0; i < w->n; i++) w->order[i] = i;
  snSortIndex(w->order, w->n, w->order + w->n, suggestPrefixOrder,
      &w->near.terms);
  return SEINE_OK;
}

/* The ordinals of the terms that begin with p. */
static int suggestSeek(SuggestWords *w, Dict *d, const u8 *p, u32 n,
    SuggestRange *out) {
  bool exact;
  int rc = snDictSeek(d, p, n, &out->from, &exact);
  out->to = snDictCount(d);
  while (n && p[n - 1] == 255) n--;
  if (rc || !n) return rc;
  u8 *end = snArenaBytes(&w->arena, n);
  if (!end) return SN_NOMEM;
  memcpy(end, p, n);
  end[n - 1]++;
  return snDictSeek(d, end, n, &out->to, &exact);
}

static int suggestPart(SuggestWords *w, u32 s) {
  SuggestPart *p = w->part + s;
  int rc = snDictTerms(w->ask->view->seg[s], suggestId(w->ask), &p->d);
  if (rc || !p->d) return rc;
  p->range = snArenaAlloc(&w->arena, (w->n + 1ull) * sizeof *p->range);
  if (!p->range) return SN_NOMEM;
  for (u32 i = 0; !rc && i < w->n; i++) {
    const StrRef *r = w->near.terms.refs + w->order[i];
    SuggestRange *to = p->range + p->n;
    rc = suggestSeek(w, p->d, (const u8 *)r->p, r->n, to);
    if (rc || to->from >= to->to) continue;
    p->terms += to->to - to->from;
    p->n++;
  }
  p->depth = (u32)SN_MIN(p->terms, w->ask->most);
  return rc;
}

/* A term of a segment, with what the others have of it. */
static int suggestGive(SuggestWords *w, const DictText *t, u32 df) {
  u32 before = w->given.n, id = snStrSetAdd(&w->given, t->p, t->n);
  if (w->given.rc || id < before) return w->given.rc;
  int rc = snMemGrow(w->ask->budget, &w->docs, &w->cap, id + 1ull,
      sizeof *w->docs);
  if (rc) return rc;
  w->docs[id] = df;
  return w->ask->view->n == 1 ? SEINE_OK
      : suggestDocs(w->ask, t->p, t->n, w->docs + id);
}

static int suggestTop(SuggestWords *w, SuggestPart *p, DictTop *t) {
  Arena texts;
  int rc = SEINE_OK;
  u32 *ord = snMemAlloc(w->ask->budget, (t->k + 1ull) * sizeof *ord);
  DictText *text = snMemAlloc(w->ask->budget, (t->k + 1ull) * sizeof *text);
  if (!ord || !text) rc = SN_NOMEM;
  snArenaInit(&texts, w->ask->budget);
  for (u32 i = 0; !rc && i < p->n; i++)
    rc = snDictTopAdd(t, p->d, p->range[i].from, p->range[i].to);
  if (!rc) snDictTopEnd(t);
  for (u32 i = 0; !rc && i < t->n; i++) ord[i] = t->v[i].ord;
  if (!rc) rc = snDictTexts(p->d, ord, t->n, &texts, text);
  for (u32 i = 0; !rc && i < t->n; i++)
    rc = suggestGive(w, text + i, t->v[i].df);
  p->least = !rc && t->n && t->n < p->terms ? t->v[t->n - 1].df : 0;
  snArenaClear(&texts);
  snMemFree(text);
  snMemFree(ord);
  return rc;
}

static int suggestDeep(SuggestWords *w, SuggestPart *p) {
  if (!p->terms) return SEINE_OK;
  DictTop t = {p->depth, 0, NULL};
  t.v = snMemAlloc(w->ask->budget, (u64)t.k * sizeof *t.v);
  int rc = t.v ? suggestTop(w, p, &t) : SN_NOMEM;
  snMemFree(t.v);
  if (!rc && w->ask->cancelled && w->ask->cancelled(w->ask->arg))
    rc = SEINE_INTERRUPT;
  return rc;
}

/* The segment that goes deeper: not the one with the most terms, see (2), and
** of the others the one that has to give least. */
static SuggestPart *suggestNext(SuggestWords *w) {
  SuggestPart *next = NULL, *large = w->part;
  u32 n = w->ask->view->n;
  for (u32 s = 1; s < n; s++)
    if (w->part[s].terms > large->terms) large = w->part + s;
  for (SuggestPart *p = w->part; p < w->part + n; p++) {
    u64 depth = SN_MIN(p->terms, (u64)p->depth * SUGGEST_GROWS);
    if (p == large || !p->least || (next && depth >= next->next)) continue;
    p->next = (u32)depth;
    next = p;
  }
  if (next) next->depth = next->next;
  return next;
}

/* The best of those given, and whether they are the answer: (1), (2). */
static int suggestWords(SuggestWords *w, Suggestion **out, u32 *nout,
    bool *done) {
  u64 rest = 0;
  u32 more = 0, n = w->given.n;
  for (u32 s = 0; s < w->ask->view->n; s++) {
    rest += w->part[s].least;
    more += w->part[s].least > 0;
  }
  Suggestion *all = snMemAlloc(w->ask->budget, (n + 1ull) * sizeof *all);
  if (!all) return SN_NOMEM;
  for (u32 i = 0; i < n; i++)
    all[i] = (Suggestion){(const u8 *)w->given.refs[i].p,
        w->given.refs[i].n, 0, w->docs[i], 0, 0};
  int rc = snSuggestBest(w->ask, all, n, out, nout);
  *done = more < 2 ||
      (*nout == w->ask->most && (*out)[*nout - 1].docs > rest);
  snMemFree(all);
  return rc;
}

int snSuggestWords(const SuggestAsk *a, const u8 *p, u32 n, Suggestion **out,
    u32 *nout) {
  SuggestWords w = {.ask = a};
  bool done = false;
  *nout = 0;
  if (!a->most) return SEINE_OK;
  snArenaInit(&w.arena, a->budget);
  snStrSetInit(&w.near.terms, a->budget);
  snStrSetInit(&w.given, a->budget);
  int rc = suggestPrefixes(&w, p, n);
  w.part = snArenaZero(&w.arena, (a->view->n + 1ull) * sizeof *w.part);
  if (!rc && !w.part) rc = SN_NOMEM;
  for (u32 s = 0; !rc && s < a->view->n; s++) rc = suggestPart(&w, s);
  for (u32 s = 0; !rc && s < a->view->n; s++) rc = suggestDeep(&w, w.part + s);
  if (!rc) rc = suggestWords(&w, out, nout, &done);
  for (SuggestPart *k; !rc && !done && (k = suggestNext(&w));) {
    rc = suggestDeep(&w, k);
    if (!rc) rc = suggestWords(&w, out, nout, &done);
  }
  snMemFree(w.docs);
  snStrSetClear(&w.given);
  snFuzzyFree(&w.near);
  snArenaClear(&w.arena);
  return rc;
}

#undef SUGGEST_CHARS
#undef SUGGEST_LEAST
#undef SUGGEST_GROWS
