/*
** topk: the best k documents without looking at all of them.
**
** A heap holds the best so far; its least score is the threshold.  A union
** of terms runs in windows of 4,096: lists whose bounds together stay below
** the threshold are not essential: documents that only they have cannot get
** in, so the essential lists name the candidates and the others are asked
** about those that can still win (MaxScore, Turtle and Flood 1995; with
** bounds of blocks, as in Ding and Suel 2011).  Other shapes skip by the
** bound of the whole tree.
**
** Equal scores: the earlier document stays, so a candidate must beat the
** threshold, and bounds equal to it can be skipped.
*/
#include "match/matchInt.h"

typedef struct TopK {
  Matcher *m;
  u32 k, n;
  Hit *heap;         /* least first */
  MatchFilter filter;
  void *arg;
  TopStats stats;
  u32 window;        /* that `pass` is for, or ~0 */
  u64 pass[SN_WORDS];
  double *acc;       /* 4,096 */
  int (*cancelled)(void *);
  void *cancel_arg;
} TopK;

/* a stands below b in the result. */
static bool topkWorse(const Hit *a, const Hit *b) {
  if (a->score != b->score) return a->score < b->score;
  if (a->seg != b->seg) return a->seg > b->seg;
  return a->doc > b->doc;
}

static void topkDown(TopK *t, u32 i) {
  for (;;) {
    u32 c = 2 * i + 1;
    if (c >= t->n) return;
    if (c + 1 < t->n && topkWorse(t->heap + c + 1, t->heap + c)) c++;
    if (!topkWorse(t->heap + c, t->heap + i)) return;
    Hit h = t->heap[c];
    t->heap[c] = t->heap[i];
    t->heap[i] = h;
    i = c;
  }
}

static void topkPush(TopK *t, float score, u32 doc) {
  Hit h = {score, t->m->seg, doc};
  if (t->n < t->k) {
    u32 i = t->n++;
    while (i && topkWorse(&h, t->heap + (i - 1) / 2)) {
      t->heap[i] = t->heap[(i - 1) / 2];
      i = (i - 1) / 2;
    }
    t->heap[i] = h;
  } else if (topkWorse(t->heap, &h)) {
    t->heap[0] = h;
    topkDown(t, 0);
  }
}

/* What a score must exceed; scores are never negative. */
static float topkThreshold(const TopK *t) {
  return t->n < t->k ? -1.0f : t->heap[0].score;
}

/* Which rows of the window are live and pass the filter. */
static int topkPass(TopK *t, u32 w) {
  if (t->window == w) return SEINE_OK;
  u32 n = snSegmentDocs(snMatcherSeg(t->m)) - w * SN_WINDOW;
  t->window = w;
  t->stats.windows++;
  snBitsFirst(t->pass, SN_WORDS, SN_MIN(n, SN_WINDOW));
  snLiveMask(t->m->view->live[t->m->seg], w, t->pass);
  if (t->cancelled && t->cancelled(t->cancel_arg)) return SEINE_INTERRUPT;
  return t->filter ? t->filter(t->arg, t->m->seg, w, t->pass) : SEINE_OK;
}

/* ---- any shape ---------------------------------------------------------- */

static int topkGeneric(TopK *t, Iter *it) {
  u32 doc = snIterSeek(it, 0);
  while (doc != DOC_END && !t->m->rc) {
    u32 upto;
    float bound = it->ops->bound(it, doc, &upto), thr = topkThreshold(t);
    if (bound <= thr) {
      if (upto >= DOC_END - 1) break;
      doc = snIterSeek(it, upto + 1);
      t->stats.skipped++;
      continue;
    }
    upto = SN_MIN(upto, doc | (SN_WINDOW - 1));
    int rc = topkPass(t, doc / SN_WINDOW);
    if (rc) return rc;
    while (doc <= upto) {
      if (snBit(t->pass, doc % SN_WINDOW))
        topkPush(t, it->ops->score(it), doc);
      doc = snIterSeek(it, doc + 1);
    }
  }
  return t->m->rc;
}

/* ---- unions of terms ---------------------------------------------------- */

typedef struct TopTerm {
  TermIter *t;
  float bound;       /* in the window */
  double below;      /* bounds of this and all smaller ones */
} TopTerm;

static float topkWindowBound(TermIter *t, u32 base) {
  u32 end = base + SN_WINDOW - 1, at = base, upto;
  float best = 0;
  while (at <= end) {
    float b = t->it.ops->bound(&t->it, at, &upto);
    best = SN_MAX(best, b);
    if (upto >= end) break;
    at = upto + 1;
  }
  return best;
}

static void topkSort(TopTerm *a, u32 n) {
  for (u32 i = 1; i < n; i++) {
    TopTerm x = a[i];
    u32 j = i;
    for (; j && a[j - 1].bound > x.bound; j--) a[j] = a[j - 1];
    a[j] = x;
  }
  double sum = 0;
  for (u32 i = 0; i < n; i++) a[i].below = sum += (double)a[i].bound;
}

/* The first term without which the threshold can be passed. */
static u32 topkEssential(const TopTerm *a, u32 n, float thr) {
  u32 e = 0;
  while (e < n && nextafterf((float)a[e].below, INFINITY) <= thr) e++;
  return e;
}

/* Adds the scores of the other lists to those candidates that can win. */
static void topkOthers(TopK *t, TopTerm *a, u32 e, u32 base, u64 *bits) {
  for (u32 w = 0; w < SN_WORDS; w++) {
    for (u64 b = bits[w]; b; b &= b - 1) {
      u32 at = w * 64 + (u32)__builtin_ctzll(b), doc = base + at;
      double s = t->acc[at];
      float thr = topkThreshold(t);
      bool lost = false;
      t->acc[at] = 0;
      for (u32 i = e; i-- > 0 && !lost;) {
        lost = nextafterf((float)(s + a[i].below), INFINITY) <= thr;
        if (lost) break;
        Iter *it = &a[i].t->it;
        if (snIterSeek(it, doc) == doc) s += (double)it->ops->score(it);
      }
      if (!lost && (float)s > thr) topkPush(t, (float)s, doc);
    }
  }
}

static int topkWindow(TopK *t, TopTerm *a, u32 n, u32 base) {
  u64 bits[SN_WORDS] = {0};
  for (u32 i = 0; i < n; i++) a[i].bound = topkWindowBound(a[i].t, base);
  topkSort(a, n);
  u32 e = topkEssential(a, n, topkThreshold(t));
  if (e == n) {
    t->stats.skipped++;
    return SEINE_OK;
  }
  int rc = topkPass(t, base / SN_WINDOW);
  if (rc) return rc;
  for (u32 i = e; i < n; i++)
    snIterTermAdd(a[i].t, base, t->pass, t->acc, bits);
  topkOthers(t, a, e, base, bits);
  return t->m->rc;
}

/* The next window in which a list stands that can matter: lists whose bounds
** over the whole segment cannot reach the threshold are not asked. */
static u32 topkNext(TopK *t, TopTerm *a, u32 n, u32 base) {
  u32 next = DOC_END;
  float thr = topkThreshold(t);
  double sum = 0;
  for (u32 i = 0; i < n; i++) a[i].bound = a[i].t->it.max;
  topkSort(a, n);
  for (u32 i = 0; i < n; i++) {
    sum += (double)a[i].bound;
    if (nextafterf((float)sum, INFINITY) <= thr) continue;
    u32 d = snIterSeek(&a[i].t->it, base);
    next = SN_MIN(next, d);
  }
  return next == DOC_END ? DOC_END : next & ~(SN_WINDOW - 1);
}

static int topkUnion(TopK *t, Iter **kids, u32 n) {
  TopTerm *a = snArenaZero(&t->m->seg_arena, n * sizeof *a);
  if (!a) return SN_NOMEM;
  for (u32 i = 0; i < n; i++) a[i].t = (TermIter *)kids[i];
  memset(t->acc, 0, SN_WINDOW * sizeof *t->acc);
  for (u32 base = 0; !t->m->rc;) {
    base = topkNext(t, a, n, base);
    if (base == DOC_END) break;
    int rc = topkWindow(t, a, n, base);
    if (rc) return rc;
    if (base > DOC_MAX - SN_WINDOW) break;
    base += SN_WINDOW;
  }
  return t->m->rc;
}

static int topkSegment(TopK *t) {
  Iter *it = t->m->scorer;
  bool terms = snIterIsOr(it);
  t->window = UINT32_MAX;
  for (u32 i = 0; terms && i < it->n; i++)
    terms = snIterIsTerm(it->kid[i]);
  return terms ? topkUnion(t, it->kid, it->n) : topkGeneric(t, it);
}

static int topkCmp(const void *a, const void *b) {
  return topkWorse(a, b) ? 1 : topkWorse(b, a) ? -1 : 0;
}

int snTopK(Matcher *m, u32 k, MatchFilter filter, void *arg,
    int (*cancelled)(void *), void *cancel_arg, Hit *hits, u32 *n,
    TopStats *stats) {
  TopK t = {.m = m, .k = k, .heap = hits, .filter = filter, .arg = arg,
      .cancelled = cancelled, .cancel_arg = cancel_arg};
  int rc = SEINE_OK;
  *n = 0;
  if (!k) return SEINE_OK;
  t.acc = snMemAlloc(m->budget, SN_WINDOW * sizeof *t.acc);
  if (!t.acc) return SN_NOMEM;
  for (u32 s = 0; !rc && s < m->view->n; s++) {
    rc = snMatcherSegment(m, s);
    if (!rc) rc = topkSegment(&t);
  }
  snMemFree(t.acc);
  if (rc) return rc;
  qsort(hits, t.n, sizeof *hits, topkCmp);
  *n = t.n;
  if (stats) *stats = t.stats;
  return SEINE_OK;
}
