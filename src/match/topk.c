/*
** topk: the best k documents without looking at all of them.
**
** The best so far wait in a heap; its least score is the threshold.  What
** cannot pass it is skipped by bounds: queries made of terms block by block
** (topk_lists.c), other shapes by the bound of the whole tree.
**
** Equal scores: the earlier document is better.  Where documents come in rising
** order a candidate must beat the threshold, and bounds equal to it can be
** skipped.
**
** Invariants: (1) which documents stay does not depend on the order in which
** they come: the key of an entry is its score and, below it, its place among
** all documents, the first one above.  (2) Scores are not negative, so that
** their bits rise with them, and the first bit is free.
*/
#include "match/matchInt.h"

#define TOPK_PLACE ((1ull << 33) - 1) /* documents behind share a place */

/* ---- the heap ----------------------------------------------------------- */

static void topkDown(TopK *t, u32 i) {
  TopEntry x = t->heap[i];
  for (;;) {
    u32 c = 2 * i + 1;
    if (c >= t->n) break;
    c += c + 1 < t->n && t->heap[c + 1].key < t->heap[c].key;
    if (t->heap[c].key >= x.key) break;
    t->heap[i] = t->heap[c];
    i = c;
  }
  t->heap[i] = x;
}

static float topkScore(const TopEntry *e) {
  u32 bits = (u32)(e->key >> 33);
  float score;
  memcpy(&score, &bits, 4);
  return score;
}

/* need: half way to the next float a sum is rounded up, and a hair is taken
** off for what adding in another order may lose. */
static void topkThreshold(TopK *t) {
  float least = t->n < t->k ? -1.0f : topkScore(t->heap);
  least = SN_MAX(least, t->seed);
  t->least = least;
  t->need = least < 0 ? -1.0
      : ((double)least + (double)nextafterf(least, INFINITY)) / 2
          * (1 - 0x1p-40);
}

static u64 topkKey(const TopK *t, float score, u32 doc) {
  u64 place = SN_MIN(t->before + doc, TOPK_PLACE);
  u32 bits;
  score += 0.0f; /* -0 */
  memcpy(&bits, &score, 4);
  return (u64)bits << 33 | (TOPK_PLACE - place);
}

bool snTopTakes(const TopK *t, float score, u32 doc) {
  return score > t->seed &&
      (t->n < t->k || topkKey(t, score, doc) > t->heap[0].key);
}

void snTopPush(TopK *t, float score, u32 doc) {
  TopEntry e = {topkKey(t, score, doc), t->m->seg, doc};
  if (score <= t->seed || (t->n == t->k && e.key < t->heap[0].key)) return;
  if (t->n < t->k) {
    t->heap[t->n++] = e;
    if (t->n < t->k) return;
    for (u32 i = t->n / 2; i > 0; i--) topkDown(t, i - 1);
  } else {
    t->heap[0] = e;
    topkDown(t, 0);
  }
  topkThreshold(t);
}

void snTopSeed(TopK *t, float score) {
  float below = score > 0 ? nextafterf(score, 0) : -1.0f;
  if (below <= t->seed) return;
  t->seed = below;
  topkThreshold(t);
}

/* Goes on to a window. */
static void topkWindow(TopK *t, u32 w) {
  const Live *live = t->m->view->live[t->m->seg];
  u32 n = snSegmentDocs(snMatcherSeg(t->m)) - w * SN_WINDOW;
  int rc = snMatcherAsk(t->m);
  t->window = w;
  t->stats.windows++;
  if (live || t->filter) {
    snBitsFirst(t->pass, SN_WORDS, SN_MIN(n, SN_WINDOW));
    snLiveMask(live, w, t->pass);
    if (!rc && t->filter) rc = t->filter(t->arg, t->m->seg, w, t->pass);
  } else if (!t->full) {
    memset(t->pass, 0xff, sizeof t->pass);
  }
  t->full = !live && !t->filter;
  if (rc) snIterFail(t->m, rc);
}

bool snTopPasses(TopK *t, u32 doc) {
  if (t->window != doc / SN_WINDOW) topkWindow(t, doc / SN_WINDOW);
  return snBit(t->pass, doc % SN_WINDOW) && !t->m->rc;
}

/* ---- any shape ---------------------------------------------------------- */

static int topkGeneric(TopK *t, Iter *it) {
  bool floored = it->ops->shape == ITER_PHRASE && !t->count;
  u32 doc = snIterSeek(it, 0);
  while (doc != DOC_END && !t->m->rc) {
    u32 upto;
    float bound = it->ops->bound(it, doc, &upto);
    if (bound <= t->least && !t->count) {
      if (upto >= DOC_END - 1) break;
      doc = snIterSeek(it, upto + 1);
      t->stats.skipped++;
      continue;
    }
    upto = SN_MIN(upto, doc | (SN_WINDOW - 1));
    while (doc <= upto && !t->m->rc) {
      if (snTopPasses(t, doc)) {
        t->total++;
        if (bound > t->least) snTopPush(t, it->ops->score(it), doc);
      }
      if (floored) t->m->floor = t->least;
      doc = snIterSeek(it, doc + 1);
    }
  }
  return t->m->rc;
}

/* ---- all ---------------------------------------------------------------- */

/* Numbers that rise from the best entry on, with as few bits as will do: the
** sort goes over bytes. */
static void topkRanks(const TopK *t, KeyIdx *a) {
  u32 shift = 64 - (u32)__builtin_clzll(t->before | 1);
  u64 top = 0;
  shift = SN_MIN(shift, 33u);
  for (u32 i = 0; i < t->n; i++) top = SN_MAX(top, t->heap[i].key >> 33);
  for (u32 i = 0; i < t->n; i++) {
    u64 key = t->heap[i].key;
    a[i].key = (top - (key >> 33)) << shift | (~key & TOPK_PLACE);
    a[i].idx = i;
  }
}

/* The heap as a list, best first. */
static int topkHits(TopK *t, Hit *hits) {
  KeyIdx *a = snArenaAlloc(&t->m->arena, (2ull * t->n + 1) * sizeof *a);
  if (!a) return SN_NOMEM;
  topkRanks(t, a);
  snSortKeys(a, t->n, a + t->n);
  for (u32 i = 0; i < t->n; i++) {
    const TopEntry *e = t->heap + a[i].idx;
    hits[i] = (Hit){topkScore(e), e->seg, e->doc};
  }
  return SEINE_OK;
}

int snTopK(Matcher *m, u32 k, MatchFilter filter, void *arg,
    Hit *hits, u32 *n, u64 *total, TopStats *stats) {
  TopK t = {.m = m, .k = k, .filter = filter, .arg = arg, .seed = -1.0f,
      .least = -1.0f, .need = -1.0, .count = total != NULL};
  int rc = SEINE_OK;
  *n = 0;
  if (!k) return SEINE_OK;
  t.heap = snArenaAlloc(&m->arena, k * sizeof *t.heap);
  if (!t.heap) return SN_NOMEM;
  for (u32 s = 0; !rc && s < m->view->n; s++) {
    rc = snMatcherSegment(m, s);
    t.window = UINT32_MAX;
    Iter *it = rc ? NULL : snMatcherScorer(m);
    if (!rc && !it) rc = m->rc ? m->rc : SEINE_MISUSE;
    if (!rc && !snTopLists(&t, it, &rc)) rc = topkGeneric(&t, it);
    t.before += snSegmentDocs(m->view->seg[s]);
  }
  m->floor = -1.0f;
  if (!rc) rc = topkHits(&t, hits);
  if (!rc) {
    *n = t.n;
    if (total) *total = t.total;
    if (stats) *stats = t.stats;
  }
  return rc;
}
#undef TOPK_PLACE
