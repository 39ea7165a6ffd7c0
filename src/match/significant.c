/*
** significant: the terms of a column that are more frequent among the hits of
** a query than in the whole table, by the JLH score:
**   (f - b) * (f / b), f and b being the parts of the hits and of all
**   documents that have the term.
**
** The dictionaries of all segments are walked together in order of terms; of
** each term the documents are counted, then those among the hits.
** (1) Hits are live documents; what all documents have counts deleted ones
**     until they are merged away, as df does.
** (2) A list is read only if the score that the term had if all its documents
**     were hits would get in.
** (3) Of a sample the hits are those with the best scores, in all segments.
*/
#include "match/matchInt.h"

#define SIGNIFICANT_HITS 3u   /* with the term, at least */
#define SIGNIFICANT_FEW  64u  /* a list longer than so many times the hits of
                              ** a segment is sought in, not read */
#define SIGNIFICANT_ASK  1024u

typedef struct SignificantPart {
  Dict *d;           /* NULL: no terms */
  DictIter it;
  bool here;         /* has a term ... */
  bool now;          /* ... which is the least of all */
  TermMeta meta;
  u64 *hits;
  u32 nhits, words;
} SignificantPart;

typedef struct Significant {
  const SuggestAsk *ask;
  Matcher *m;
  SignificantPart *part; /* by segment */
  u64 hits;
  Suggestion *found; /* a heap when it is full: the least score on top */
  u32 n;
} Significant;

static double significantScore(const Significant *s, u64 hits, u64 docs) {
  double f = (double)hits / (double)s->hits;
  double b = (double)docs / (double)s->ask->view->total;
  return f > b ? (f - b) * (f / b) : 0;
}

/* ---- the hits ----------------------------------------------------------- */

static int significantHits(Significant *s, u32 seg) {
  SignificantPart *p = s->part + seg;
  const Live *live = s->ask->view->live[seg];
  u32 docs = snSegmentDocs(s->ask->view->seg[seg]), w = 0;
  u32 windows = (docs + SN_WINDOW - 1) / SN_WINDOW;
  p->words = windows * SN_WORDS;
  p->hits = snMemZero(s->ask->budget, (p->words + 1ull) * sizeof *p->hits);
  if (!p->hits) return SN_NOMEM;
  int rc = snMatcherSegment(s->m, seg);
  while (!rc && w < windows) {
    rc = snMatcherSeek(s->m, w, &w);
    if (rc || w >= windows) break;
    rc = snMatcherFill(s->m, w, p->hits + (size_t)w * SN_WORDS);
    snLiveMask(live, w, p->hits + (size_t)w * SN_WORDS);
    w++;
  }
  p->nhits = snBitsCount(p->hits, p->words);
  s->hits += p->nhits;
  return rc;
}

/* The best hits, as bits of their segments. */
static int significantSample(Significant *s) {
  const SuggestAsk *a = s->ask;
  u32 n = 0;
  Hit *hit = snMemAlloc(a->budget, a->sample * sizeof *hit);
  int rc = hit ? SEINE_OK : SN_NOMEM;
  for (u32 k = 0; !rc && k < a->view->n; k++) {
    SignificantPart *p = s->part + k;
    u32 docs = snSegmentDocs(a->view->seg[k]);
    p->words = (docs + SN_WINDOW - 1) / SN_WINDOW * SN_WORDS;
    p->hits = snMemZero(a->budget, (p->words + 1ull) * sizeof *p->hits);
    if (!p->hits) rc = SN_NOMEM;
  }
  if (!rc) rc = snTopK(s->m, a->sample, NULL, NULL, hit, &n, NULL, NULL);
  for (u32 i = 0; !rc && i < n; i++) {
    snBitSet(s->part[hit[i].seg].hits, hit[i].doc);
    s->part[hit[i].seg].nhits++;
  }
  s->hits = n;
  snMemFree(hit);
  return rc;
}

static u32 significantRead(const SignificantPart *p, Postings *list) {
  u32 n = 0;
  while (snPostNextBlock(list) != DOC_END)
    for (u32 i = 0; i < list->n; i++) n += snBit(p->hits, list->docs[i]);
  return n;
}

static u32 significantSeek(const SignificantPart *p, Postings *list) {
  u32 n = 0;
  for (u32 w = 0; w < p->words; w++) {
    for (u64 b = p->hits[w]; b; b &= b - 1) {
      u32 doc = w * 64 + (u32)__builtin_ctzll(b);
      u32 at = snPostSeek(list, doc);
      if (at == DOC_END) return n;
      n += at == doc;
    }
  }
  return n;
}

static int significantCount(Significant *s, u32 seg, u64 *n) {
  SignificantPart *p = s->part + seg;
  Segment *g = s->ask->view->seg[seg];
  Postings list;
  if (!p->nhits) return SEINE_OK;
  int rc = snPostOpenMeta(g, s->ask->view->table->col[s->ask->column].id,
      p->d, &p->meta, &list);
  if (rc) return rc;
  bool few = (u64)p->nhits * SIGNIFICANT_FEW < p->meta.df;
  *n += few ? significantSeek(p, &list) : significantRead(p, &list);
  rc = list.rc;
  snPostClose(&list);
  return rc;
}

/* ---- the best so far ---------------------------------------------------- */

static bool significantTakes(const Significant *s, double score) {
  return score > 0 &&
      (s->n < s->ask->most || score > s->found[0].score);
}

/* Of equal scores the later term is the worse. */
static bool significantWorse(const Suggestion *x, const Suggestion *y) {
  if (x->score != y->score) return x->score < y->score;
  return snStrCmp(x->p, x->n, y->p, y->n) > 0;
}

static void significantPush(Significant *s, Suggestion x) {
  Suggestion *v = s->found;
  u32 at = 0;
  if (s->n < s->ask->most) {
    for (at = s->n++; at && significantWorse(&x, v + (at - 1) / 2);
         at = (at - 1) / 2)
      v[at] = v[(at - 1) / 2];
  } else {
    for (u32 kid; (kid = 2 * at + 1) < s->n; at = kid) {
      if (kid + 1 < s->n && significantWorse(v + kid + 1, v + kid)) kid++;
      if (!significantWorse(v + kid, &x)) break;
      v[at] = v[kid];
    }
  }
  v[at] = x;
}

/* The term that stands first in some of the segments. */
static int significantTerm(Significant *s, const Buf *text) {
  u64 docs = 0, most = 0, hits = 0;
  int rc = SEINE_OK;
  for (u32 k = 0; !rc && k < s->ask->view->n; k++) {
    SignificantPart *p = s->part + k;
    if (!p->now) continue;
    rc = snDictMeta(p->d, p->it.ord, &p->meta);
    docs += p->meta.df;
    most += SN_MIN(p->meta.df, p->nhits);
  }
  if (rc || most < SIGNIFICANT_HITS) return rc;
  if (!significantTakes(s, significantScore(s, most, docs))) return rc;
  for (u32 k = 0; !rc && k < s->ask->view->n; k++)
    if (s->part[k].now) rc = significantCount(s, k, &hits);
  double score = significantScore(s, hits, docs);
  if (rc || hits < SIGNIFICANT_HITS || !significantTakes(s, score)) return rc;
  Suggestion x = {NULL, (u32)text->n, score, hits, docs, score};
  x.p = (const u8 *)snArenaDup(s->ask->arena, (const char *)text->data,
      text->n);
  if (!x.p) return SN_NOMEM;
  significantPush(s, x);
  return SEINE_OK;
}

/* ---- all terms ---------------------------------------------------------- */

/* Marks the segments that stand at the least term; NULL: all are at the
** end. */
static const Buf *significantLeast(Significant *s) {
  const Buf *least = NULL;
  for (u32 k = 0; k < s->ask->view->n; k++) {
    SignificantPart *p = s->part + k;
    const Buf *t = &p->it.text;
    p->now = false;
    if (!p->here) continue;
    int c = least ? snStrCmp(t->data, (u32)t->n, least->data, (u32)least->n)
                  : -1;
    p->now = c <= 0;
    if (c >= 0) continue;
    least = t;
    for (u32 j = 0; j < k; j++) s->part[j].now = false;
  }
  return least;
}

static int significantNext(Significant *s, bool all) {
  for (u32 k = 0; k < s->ask->view->n; k++) {
    SignificantPart *p = s->part + k;
    if (!p->d || !(all || p->now)) continue;
    p->here = snDictIterNext(&p->it);
    if (p->it.rc) return p->it.rc;
  }
  return SEINE_OK;
}

static int significantWalk(Significant *s) {
  const Buf *text;
  int rc = significantNext(s, true);
  for (u32 n = 0; !rc && (text = significantLeast(s)); n++) {
    rc = n % SIGNIFICANT_ASK ? SEINE_OK : snMatcherAsk(s->m);
    if (!rc) rc = significantTerm(s, text);
    if (!rc) rc = significantNext(s, false);
  }
  return rc;
}

static int significantOpen(Significant *s) {
  const SuggestAsk *a = s->ask;
  int rc = SEINE_OK;
  s->part = snMemZero(a->budget, (a->view->n + 1ull) * sizeof *s->part);
  s->found = snMemAlloc(a->budget, (a->most + 1ull) * sizeof *s->found);
  if (!s->part || !s->found) return SN_NOMEM;
  if (a->sample) rc = significantSample(s);
  for (u32 k = 0; !rc && k < a->view->n; k++) {
    SignificantPart *p = s->part + k;
    if (!a->sample) rc = significantHits(s, k);
    if (!rc)
      rc = snDictTerms(a->view->seg[k],
          a->view->table->col[a->column].id, &p->d);
    if (!rc && p->d) snDictIterOpen(&p->it, p->d, 0);
  }
  return rc;
}

int snSignificant(const SuggestAsk *a, Matcher *m, Suggestion **out,
    u32 *nout) {
  Significant s = {.ask = a, .m = m};
  *nout = 0;
  int rc = significantOpen(&s);
  if (!rc && a->most && s.hits >= SIGNIFICANT_HITS) rc = significantWalk(&s);
  if (!rc) rc = snSuggestBest(a, s.found, s.n, out, nout);
  for (u32 k = 0; s.part && k < a->view->n; k++) {
    snDictIterClose(&s.part[k].it);
    snMemFree(s.part[k].hits);
  }
  snMemFree(s.part);
  snMemFree(s.found);
  return rc;
}

#undef SIGNIFICANT_HITS
#undef SIGNIFICANT_FEW
#undef SIGNIFICANT_ASK
