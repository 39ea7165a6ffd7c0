/*
** topk_lists: the best k documents of a query made of terms: unions, words
** that must stand, words that may, and what must not match.
**
** One list alone is taken block by block, the best bound first, so that what is
** decoded had to be.
**
** A union runs in windows of 4,096 documents.  Lists whose bounds together
** stay below the threshold are not essential: documents that only they have
** cannot get in, so the essential lists name the candidates, and the others
** are asked about those that can still win (MaxScore, Turtle and Flood 1995;
** with bounds of blocks, Ding and Suel 2011).  When all lists but one cannot
** reach the threshold, that one must match, and leads.
**
** Where a list must match, the shortest leads: a block of it is scored at
** once, what can still win is looked for in the other lists.  A word that may
** stand comes to those that must when nothing gets in without it.
**
** When all hits are to be counted, who leads and short unions count as they go:
** what cannot win is still looked for, but not scored.  Longer unions are
** counted apart, by bitmaps: that costs less than to give up their bounds.
**
** Invariants:
** (1) bound[b] is no less than any score of block b; a sum below t->need
**     cannot get in.
** (2) acc and bits are zero between windows.
** (3) Candidates are in rising order, and are pushed so: but for one list
**     alone, a score that equals the threshold is too late.
** (4) must and should are rounded to floats apart, as the scorer rounds them.
*/
#include "match/matchInt.h"

#define LISTS_SHORT 4096u /* postings of lists that are merged whole */
#define LISTS_PUSH  64u   /* candidates of those that wait for each other */
#define LISTS_NEAR  3u    /* essential lists that are bounded by documents */
#define LISTS_ASK   -1.0f /* a bound that was not asked for */
#define LISTS_DONE  -2.0f /* that of a block which was looked at */

typedef struct TopList {
  TermIter *t;
  Postings *p;
  float *block;      /* bounds, or LISTS_ASK, LISTS_DONE */
  float *super;      /* of 32 blocks, or NULL */
  float *score;      /* of block `scored` */
  u32 scored, from;  /* from: of its documents, the first not passed yet */
  u32 at;            /* the first block that may reach the range */
  bool may;          /* a should that was promoted to a must */
  float bound;       /* in the range */
  double below;      /* bounds of this list and those before it */
} TopList;

typedef struct TopCand {
  u32 doc;
  double must, may;  /* sums so far */
} TopCand;

typedef struct TopLists {
  TopK *t;
  u32 docs;
  TopList **must, **may; /* may: of a union all */
  u32 nmust, nmay;
  Iter **nots;
  u32 nnot;
  u64 df;            /* of all lists */
  TopCand *cand;     /* 4,096, or df when that is less */
  u32 ncand;
  bool count;        /* hits are counted on the way */
  double *acc;       /* 4,096, or NULL until a window needs it */
  u64 bits[SN_WORDS], touched; /* touched: which words are not 0 */
} TopLists;

/* ---- one list ----------------------------------------------------------- */

static float listsBlock(TopList *l, u32 b) {
  Impact p[IMPACTS];
  if (l->block[b] >= 0) return l->block[b];
  if (!l->p->impacts_each) return l->block[b] = l->t->it.max;
  return l->block[b] = snScoreBound(&l->t->term->scorer, p,
      snPostBlockImpacts(l->p, b, p));
}

static float listsSuper(TopList *l, u32 s) {
  Impact p[IMPACTS];
  if (l->super[s] >= 0) return l->super[s];
  return l->super[s] = snScoreBound(&l->t->term->scorer, p,
      snPostSuperImpacts(l->p, s, p));
}

static u32 listsFirst(const TopList *l, u32 b) {
  return b ? snPostBlockLast(l->p, b - 1) + 1 : 0;
}

/* The bound of documents from .. to; `from` never goes back. */
static float listsRange(TopList *l, u32 from, u32 to) {
  const Postings *p = l->p;
  float best = 0;
  u32 b = l->at = snPostBlockFind(p, l->at, from);
  while (b < p->nblocks && listsFirst(l, b) <= to) {
    bool whole = l->super && b % POST_SUPER == 0 &&
        snPostSuperLast(p, b / POST_SUPER) <= to;
    float x = whole ? listsSuper(l, b / POST_SUPER) : listsBlock(l, b);
    best = SN_MAX(best, x);
    b += whole ? POST_SUPER : 1;
  }
  return best;
}

/* Where a list stands, or goes on to; what is damaged ends the search. */
static u32 listsSeek(TopList *l, u32 doc) {
  u32 d = snPostSeek(l->p, doc);
  if (SN_UNLIKELY(l->p->rc)) snIterFail(l->t->it.m, l->p->rc);
  return d;
}

/* Decodes a block. */
static bool listsDocs(TopList *l, u32 b) {
  bool good = snPostBlockGo(l->p, b);
  if (l->p->rc) snIterFail(l->t->it.m, l->p->rc);
  return good;
}

/* ... and scores it. */
static bool listsGo(TopList *l, u32 b) {
  Postings *p = l->p;
  bool good = snPostBlockGo(p, b);
  if (good && l->scored == b) return true;
  if (good) snPostFreqs(p);
  if (p->rc) {
    snIterFail(l->t->it.m, p->rc);
    return false;
  }
  snScoreBlock(&l->t->term->scorer, p->docs, p->freqs, l->t->norms, p->n,
      l->score);
  l->scored = b;
  l->from = 0;
  return true;
}

/* Where the documents from base on begin in the decoded block: base rises, so
** that none is looked at twice. */
static u32 listsFrom(TopList *l, u32 base) {
  while (l->from < l->p->n && l->p->docs[l->from] < base) l->from++;
  return l->from;
}

/* The first document from i on, of the n of the decoded block, that scores at
** least need; n when there is none.  Mostly there is none: 16 are looked at
** together. */
static u32 listsReach(const TopList *l, u32 i, double need) {
  const float *s = l->score;
  float least = (float)need;
  u32 n = l->p->n;
  if ((double)least < need) least = nextafterf(least, INFINITY);
  if (i < n && s[i] >= least) return i;
  for (; i + 16 <= n; i += 16) {
    u32 any = 0;
    for (u32 j = 0; j < 16; j++) any |= s[i + j] >= least;
    if (any) break;
  }
  while (i < n && s[i] < least) i++;
  return i;
}

/* The score of a document, or 0 when the list does not have it. */
static inline float listsScore(TopList *l, u32 doc) {
  Postings *p = l->p;
  u32 tf;
  if (listsSeek(l, doc) != doc) return 0;
  if (l->scored == p->block) return l->score[p->i];
  tf = snPostFreq(p);
  if (SN_UNLIKELY(p->rc)) snIterFail(l->t->it.m, p->rc);
  return snScoreOf(&l->t->term->scorer, (float)tf,
      l->t->norms ? l->t->norms[doc] : 1);
}

static TopList *listsNew(TopLists *x, Iter *it) {
  Arena *a = &x->t->m->seg_arena;
  TopList *l = snArenaZero(a, sizeof *l);
  u32 supers;
  if (!l) return NULL;
  l->t = (TermIter *)it;
  l->p = &l->t->post;
  l->scored = UINT32_MAX;
  l->block = snArenaAlloc(a, (l->p->nblocks + 1ull) * sizeof(float));
  l->score = snArenaAlloc(a, 264 * sizeof(float));
  if (!l->block || !l->score) return NULL;
  for (u32 b = 0; b < l->p->nblocks; b++) l->block[b] = LISTS_ASK;
  if (!l->p->sup_impact) return l;
  supers = (l->p->nblocks + POST_SUPER - 1) / POST_SUPER;
  l->super = snArenaAlloc(a, supers * sizeof(float));
  for (u32 s = 0; l->super && s < supers; s++) l->super[s] = LISTS_ASK;
  return l->super ? l : NULL;
}

/* ---- candidates --------------------------------------------------------- */

/* By rising bound. */
static void listsSort(TopList **l, u32 n) {
  double sum = 0;
  for (u32 i = 1; i < n; i++) {
    TopList *x = l[i];
    u32 j = i;
    for (; j && l[j - 1]->bound > x->bound; j--) l[j] = l[j - 1];
    l[j] = x;
  }
  for (u32 i = 0; i < n; i++) l[i]->below = sum += (double)l[i]->bound;
}

static double listsBelow(TopList *const *l, u32 n) {
  return n ? l[n - 1]->below : 0;
}

/* A sum of two floats that were rounded may be an ulp of each above the sum
** of what they were rounded from. */
static double listsNeed(const TopLists *x) {
  return x->nmust && x->nmay ? x->t->need * (1 - 0x1p-21) : x->t->need;
}

/* Adds what the first n lists of `may` have, the best one first, and drops
** who cannot win any more. */
static void listsMay(TopLists *x, u32 n) {
  for (u32 i = n; i-- > 0;) {
    TopList *l = x->may[i];
    double need = listsNeed(x) - l->below;
    u32 kept = 0;
    for (u32 k = 0; k < x->ncand; k++) {
      TopCand c = x->cand[k];
      if (c.must + c.may < need) continue;
      c.may += (double)listsScore(l, c.doc);
      x->cand[kept++] = c;
    }
    x->ncand = kept;
  }
}

static bool listsNot(TopLists *x, u32 doc) {
  for (u32 i = 0; i < x->nnot; i++)
    if (snIterSeek(x->nots[i], doc) == doc) return true;
  return false;
}

/* Keeps and counts the candidates that are hits. */
static void listsCount(TopLists *x) {
  u32 kept = 0;
  for (u32 k = 0; k < x->ncand; k++) {
    u32 doc = x->cand[k].doc;
    if (!listsNot(x, doc) && snTopPasses(x->t, doc))
      x->cand[kept++] = x->cand[k];
  }
  x->ncand = kept;
  x->t->total += kept;
}

static int listsPush(TopLists *x) {
  TopK *t = x->t;
  for (u32 k = 0; k < x->ncand && !t->m->rc; k++) {
    const TopCand *c = x->cand + k;
    float score = (float)((double)(float)c->must + (double)(float)c->may);
    if (score <= t->least || listsNot(x, c->doc)) continue;
    if (snTopPasses(t, c->doc)) snTopPush(t, score, c->doc);
  }
  x->ncand = 0;
  return t->m->rc;
}

/* ---- one list alone ----------------------------------------------------- */

/* The best of a group's blocks that were not looked at, the first of equals. */
static u32 listsBestOf(TopList *l, u32 g) {
  u32 best = g * POST_SUPER, end = SN_MIN(best + POST_SUPER, l->p->nblocks);
  for (u32 b = best; b < end; b++) {
    if (l->block[b] == LISTS_ASK) (void)listsBlock(l, b);
    if (l->block[b] > l->block[best]) best = b;
  }
  return best;
}

static int listsBestBlock(TopLists *x, TopList *l, u32 b) {
  const Live *live = x->t->m->view->live[x->t->m->seg];
  if (!listsGo(l, b)) return x->t->m->rc;
  u32 i = listsReach(l, 0, (double)x->t->least);
  for (; i < l->p->n; i = listsReach(l, i + 1, (double)x->t->least))
    if (!live || snLiveHas(live, l->p->docs[i]))
      snTopPush(x->t, l->score[i], l->p->docs[i]);
  l->block[b] = LISTS_DONE;
  x->t->stats.windows++;
  return snMatcherAsk(x->t->m);
}

/* group: of 32 blocks, the best bound of those that were not looked at; of all
** as long as none was asked for. */
static int listsBest(TopLists *x) {
  TopList *l = x->may[0];
  u32 n = (l->p->nblocks + POST_SUPER - 1) / POST_SUPER;
  float *group = snArenaAlloc(&x->t->m->seg_arena, n * sizeof *group);
  if (!group) return SN_NOMEM;
  for (u32 g = 0; g < n; g++)
    group[g] = l->super ? listsSuper(l, g) : l->t->it.max;
  for (;;) {
    u32 g = 0;
    for (u32 i = 1; i < n; i++)
      if (group[i] > group[g]) g = i;
    u32 b = g * POST_SUPER;
    bool open = l->block[b] != LISTS_ASK;
    if (open) b = listsBestOf(l, g);
    if (group[g] < 0 || !snTopTakes(x->t, group[g], listsFirst(l, b))) break;
    int rc = open ? listsBestBlock(x, l, b) : SEINE_OK;
    if (rc) return rc;
    group[g] = l->block[listsBestOf(l, g)];
  }
  return x->t->m->rc;
}

/* ---- unions ------------------------------------------------------------- */

/* The bounds of the whole lists. */
static void listsUnionWhole(TopLists *x) {
  for (u32 i = 0; i < x->nmay; i++) x->may[i]->bound = x->may[i]->t->it.max;
  listsSort(x->may, x->nmay);
}

/* The first document from base on that a list can have which matters: lists
** that cannot reach the threshold together are not asked.  Needs: the bounds
** of the whole lists. */
static u32 listsUnionNext(TopLists *x, u32 base) {
  u32 next = DOC_END;
  for (u32 i = 0; i < x->nmay; i++) {
    TopList *l = x->may[i];
    u32 d;
    if (l->below < x->t->need) continue;
    if (l->p->nblocks == 1) {
      d = listsSeek(l, base);
    } else {
      l->at = snPostBlockFind(l->p, l->at, base);
      if (l->at == l->p->nblocks) continue;
      d = listsFirst(l, l->at);
    }
    d = SN_MAX(d, base);
    next = SN_MIN(next, d);
  }
  return next;
}

/* Skips what 32 blocks of each list bound together: the first document behind
** it, or base. */
static u32 listsUnionSkip(TopLists *x, u32 base) {
  u32 upto = DOC_END - 1;
  double sum = 0;
  for (u32 i = 0; i < x->nmay; i++) {
    TopList *l = x->may[i];
    if (!l->super) {
      sum += (double)l->t->it.max;
      continue;
    }
    l->at = snPostBlockFind(l->p, l->at, base);
    if (l->at == l->p->nblocks) continue;
    u32 s = l->at / POST_SUPER, last = snPostSuperLast(l->p, s);
    sum += (double)listsSuper(l, s);
    upto = SN_MIN(upto, last);
  }
  return sum < x->t->need ? upto + 1 : base;
}

/* One essential list: its blocks name the candidates. */
static int listsUnionOne(TopLists *x, u32 base, u32 end) {
  TopList *l = x->may[x->nmay - 1];
  const Postings *p = l->p;
  double rest = listsBelow(x->may, x->nmay - 1);
  for (u32 b = l->at; b < p->nblocks && listsFirst(l, b) <= end; b++) {
    double need = x->t->need - rest;
    if (l->super && b % POST_SUPER == 0) {
      int rc = snMatcherAsk(x->t->m);
      if (rc) return rc;
      if ((double)listsSuper(l, b / POST_SUPER) < need) {
        b += POST_SUPER - 1;
        continue;
      }
    }
    if ((double)listsBlock(l, b) < need) continue;
    if (!listsGo(l, b)) return x->t->m->rc;
    u32 i = listsReach(l, listsFrom(l, base), need);
    for (; i < p->n && p->docs[i] <= end; i = listsReach(l, i + 1, need))
      x->cand[x->ncand++] = (TopCand){p->docs[i], 0, (double)l->score[i]};
    listsMay(x, x->nmay - 1);
    int rc = listsPush(x);
    if (rc) return rc;
  }
  return x->t->m->rc;
}

/* Adds the blocks of an essential list to the window; `rest`: what all other
** lists can add to one of its documents. */
static int listsUnionAdd(TopLists *x, TopList *l, double rest, u32 base,
    u32 end) {
  const Postings *p = l->p;
  for (u32 b = l->at; b < p->nblocks && listsFirst(l, b) <= end; b++) {
    u32 i;
    if ((double)listsBlock(l, b) + rest < x->t->need) continue;
    if (!listsGo(l, b)) return x->t->m->rc;
    i = listsFrom(l, base);
    for (; i < p->n && p->docs[i] <= end; i++) {
      u32 at = p->docs[i] - base;
      x->acc[at] += (double)l->score[i];
      x->bits[at / 64] |= 1ull << at % 64;
      x->touched |= 1ull << at / 64;
    }
  }
  return SEINE_OK;
}

static int listsUnionMany(TopLists *x, u32 e, u32 base, u32 end) {
  double all = listsBelow(x->may, x->nmay), below = listsBelow(x->may, e);
  if (!x->acc)
    x->acc = snArenaZero(&x->t->m->seg_arena, SN_WINDOW * sizeof *x->acc);
  int rc = x->acc ? SEINE_OK : SN_NOMEM;
  for (u32 i = e; !rc && i < x->nmay; i++)
    rc = listsUnionAdd(x, x->may[i], all - (double)x->may[i]->bound, base, end);
  for (; x->touched; x->touched &= x->touched - 1) {
    u32 w = (u32)__builtin_ctzll(x->touched);
    u64 b = x->bits[w];
    for (x->bits[w] = 0; b; b &= b - 1) {
      u32 at = w * 64 + (u32)__builtin_ctzll(b);
      double s = x->acc[at];
      x->acc[at] = 0;
      if (s + below >= x->t->need)
        x->cand[x->ncand++] = (TopCand){base + at, 0, s};
    }
  }
  if (rc) return rc;
  listsMay(x, e);
  return listsPush(x);
}

/* How many lists, of the least bounds, cannot reach the threshold together. */
static u32 listsUnionLess(TopLists *x) {
  u32 e = 0;
  listsSort(x->may, x->nmay);
  while (e < x->nmay && x->may[e]->below < x->t->need) e++;
  return e;
}

/* A block of a rare word reaches over many windows: what its documents have in
** this one bounds better, and often there are none. */
static bool listsUnionNear(TopList *l, u32 base, u32 end) {
  const Postings *p = l->p;
  if (l->at == p->nblocks || snPostBlockLast(p, l->at) <= end) return true;
  if (!listsGo(l, l->at)) return false;
  l->bound = 0;
  for (u32 i = listsFrom(l, base); i < p->n && p->docs[i] <= end; i++)
    l->bound = SN_MAX(l->bound, l->score[i]);
  return true;
}

static int listsUnionWindow(TopLists *x, u32 base, u32 end) {
  u32 n = x->nmay, e;
  for (u32 i = 0; i < n; i++)
    x->may[i]->bound = listsRange(x->may[i], base, end);
  e = listsUnionLess(x);
  if (e < n && n - e <= LISTS_NEAR && x->t->need > 0) {
    for (u32 i = e; i < n; i++)
      if (!listsUnionNear(x->may[i], base, end)) return x->t->m->rc;
    e = listsUnionLess(x);
  }
  if (e == n) {
    x->t->stats.skipped++;
    return SEINE_OK;
  }
  return e + 1 == n ? listsUnionOne(x, base, end)
                    : listsUnionMany(x, e, base, end);
}

/* A pair that k documents dominate is a threshold before the first one. */
static void listsUnionSeed(TopLists *x) {
  TopK *t = x->t;
  if (t->filter || t->m->view->live[t->m->seg] || x->nnot) return;
  for (u32 i = 0; i < x->nmay; i++) {
    const Scorer *scorer = &x->may[i]->t->term->scorer;
    Impact p;
    if (snPostThreshold(x->may[i]->p, t->k, &p))
      snTopSeed(t, snScoreOf(scorer, (float)p.tf, p.norm));
  }
}

static int listsLead(TopLists *x, u32 pos);

/* Whether the best list must match: no other ones together get in.  Needs:
** the bounds of the whole lists. */
static bool listsUnionLeads(const TopLists *x) {
  u32 n = x->nmay;
  return n > 1 && x->may[n - 2]->below < x->t->need;
}

static int listsUnion(TopLists *x) {
  u32 base = 0;
  listsUnionSeed(x);
  if (x->nmay == 1 && !x->t->filter && !x->nnot) return listsBest(x);
  if (x->nmay == 1) return listsUnionOne(x, 0, x->docs - 1);
  while (!x->t->m->rc) {
    u32 next;
    int rc = snMatcherAsk(x->t->m);
    if (rc) return rc;
    listsUnionWhole(x);
    if (x->t->need > 0) {
      if (listsUnionLeads(x)) return listsLead(x, base);
      next = listsUnionSkip(x, base);
      if (next >= x->docs) break;
      base = next;
    }
    base = listsUnionNext(x, base);
    if (base >= x->docs) break;
    next = (base & ~(SN_WINDOW - 1)) + SN_WINDOW;
    rc = listsUnionWindow(x, next - SN_WINDOW, next - 1);
    if (rc) return rc;
    base = next;
  }
  return x->t->m->rc;
}

/* Two runs of rising documents become one; of equals the first run's go
** first. */
static void listsMergeTwo(const KeyIdx *a, const KeyIdx *mid,
    const KeyIdx *end, KeyIdx *out) {
  const KeyIdx *b = mid;
  while (a < mid && b < end) *out++ = b->key < a->key ? *b++ : *a++;
  while (a < mid) *out++ = *a++;
  while (b < end) *out++ = *b++;
}

/* n runs that begin at run[0 .. n), and end at run[n], become one: in v or in
** tmp. */
static KeyIdx *listsMerge(KeyIdx *v, KeyIdx *tmp, u32 *run, u32 n) {
  while (n > 1) {
    u32 kept = 0;
    for (u32 i = 0; i < n; i += 2) {
      u32 mid = run[i + 1], end = i + 1 < n ? run[i + 2] : mid;
      listsMergeTwo(v + run[i], v + mid, v + end, tmp + run[i]);
      run[kept++] = run[i];
    }
    run[kept] = run[n];
    n = kept;
    KeyIdx *sorted = tmp;
    tmp = v;
    v = sorted;
  }
  return v;
}

/* Short lists are merged as they are: no bound saves as much as it costs. */
static int listsUnionShort(TopLists *x) {
  Arena *a = &x->t->m->seg_arena;
  KeyIdx *at = snArenaAlloc(a, (x->df + 1) * sizeof *at);
  KeyIdx *tmp = snArenaAlloc(a, (x->df + 1) * sizeof *tmp);
  float *score = snArenaAlloc(a, (x->df + 1) * sizeof *score);
  u32 *run = snArenaAlloc(a, (x->nmay + 1) * sizeof *run);
  u32 n = 0;
  if (!at || !tmp || !score || !run) return SN_NOMEM;
  for (u32 k = 0; k < x->nmay; k++) {
    TopList *l = x->may[k];
    run[k] = n;
    for (u32 b = 0; b < l->p->nblocks; b++) {
      if (!listsGo(l, b)) return x->t->m->rc;
      for (u32 i = 0; i < l->p->n; i++, n++) {
        at[n] = (KeyIdx){l->p->docs[i], n};
        score[n] = l->score[i];
      }
    }
  }
  run[x->nmay] = n;
  at = listsMerge(at, tmp, run, x->nmay);
  for (u32 i = 0, j; i < n; i = j) {
    double sum = 0;
    for (j = i; j < n && at[j].key == at[i].key; j++)
      sum += (double)score[at[j].idx];
    if (x->count) { /* asked now: what must not match only goes on */
      bool hit = !listsNot(x, (u32)at[i].key) &&
          snTopPasses(x->t, (u32)at[i].key);
      x->t->total += hit;
      if (!hit) continue;
    }
    if (sum < x->t->need) continue;
    x->cand[x->ncand++] = (TopCand){(u32)at[i].key, 0, sum};
    if (x->ncand < LISTS_PUSH) continue;
    int rc = listsPush(x);
    if (rc) return rc;
  }
  int rc = listsPush(x);
  return rc ? rc : snMatcherAsk(x->t->m);
}

/* ---- a list that must match leads --------------------------------------- */

/* Words that may stand come to those that must when nothing gets in without
** them: by the bounds of whole lists, so for good. */
static void listsLeadPromote(TopLists *x) {
  double sum = 0;
  for (u32 i = 0; i < x->nmust; i++) sum += (double)x->must[i]->t->it.max;
  for (u32 i = 0; i < x->nmay; i++) sum += (double)x->may[i]->t->it.max;
  for (u32 i = 0; i < x->nmay && !x->count;) {
    TopList *l = x->may[i];
    if (sum - (double)l->t->it.max >= listsNeed(x)) {
      i++;
      continue;
    }
    x->may[i] = x->may[--x->nmay];
    l->may = true;
    x->must[x->nmust++] = l;
  }
  for (u32 i = 1; i < x->nmust; i++) {
    TopList *l = x->must[i];
    u32 j = i;
    for (; j && x->must[j - 1]->p->df > l->p->df; j--)
      x->must[j] = x->must[j - 1];
    x->must[j] = l;
  }
}

static void listsLeadAdd(const TopList *l, TopCand *c, float s) {
  if (l->may) c->may += (double)s;
  else c->must += (double)s;
}

/* The candidates of the lead's decoded block from pos on.  Who cannot get in
** is none, or is only counted: then a score below all others says so. */
static void listsLeadStart(TopLists *x, double rest, u32 pos) {
  TopList *l = x->must[0];
  double need = listsNeed(x) - rest;
  for (u32 i = listsFrom(l, pos); i < l->p->n; i++) {
    TopCand *c = x->cand + x->ncand;
    bool lost = (double)l->score[i] < need;
    if (lost && !x->count) continue;
    *c = (TopCand){l->p->docs[i], lost ? -INFINITY : 0, 0};
    listsLeadAdd(l, c, l->score[i]);
    x->ncand++;
  }
}

/* ... none of which can get in. */
static void listsLeadLost(TopLists *x, u32 pos) {
  const Postings *p = x->must[0]->p;
  for (u32 i = 0; i < p->n; i++)
    if (p->docs[i] >= pos)
      x->cand[x->ncand++] = (TopCand){p->docs[i], -INFINITY, 0};
}

/* Keeps those that another list has too; `rest`: what those behind it add. */
static void listsLeadAlso(TopLists *x, TopList *l, double rest) {
  double need = listsNeed(x) - rest;
  u32 kept = 0;
  for (u32 k = 0; k < x->ncand; k++) {
    TopCand c = x->cand[k];
    bool lost = c.must + c.may + (double)l->bound < need;
    float s = 0;
    if (lost && !x->count) continue;
    if (lost) (void)listsSeek(l, c.doc);
    else s = listsScore(l, c.doc);
    if (l->p->doc == DOC_END) break;
    if (l->p->doc != c.doc) continue;
    if (lost) c.must = -INFINITY;
    listsLeadAdd(l, &c, s);
    x->cand[kept++] = c;
  }
  x->ncand = kept;
}

static int listsLeadBlock(TopLists *x, u32 b, u32 from, u32 to) {
  TopList *lead = x->must[0];
  double rest = 0;
  for (u32 i = 1; i < x->nmust; i++) {
    TopList *l = x->must[i];
    l->bound = listsRange(l, from, to);
    rest += (double)l->bound;
  }
  for (u32 i = 0; i < x->nmay; i++)
    x->may[i]->bound = listsRange(x->may[i], from, to);
  listsSort(x->may, x->nmay);
  rest += listsBelow(x->may, x->nmay);
  bool lost = (double)listsBlock(lead, b) + rest < listsNeed(x);
  if (lost && !x->count) {
    x->t->stats.skipped++;
    return SEINE_OK;
  }
  if (!(lost ? listsDocs(lead, b) : listsGo(lead, b))) return x->t->m->rc;
  if (lost) listsLeadLost(x, from);
  else listsLeadStart(x, rest, from);
  for (u32 i = 1; i < x->nmust && x->ncand; i++) {
    rest -= (double)x->must[i]->bound;
    listsLeadAlso(x, x->must[i], rest + rest * 0x1p-40);
  }
  if (x->count) listsCount(x);
  listsMay(x, x->nmay);
  return listsPush(x);
}

static int listsLead(TopLists *x, u32 pos) {
  while (pos < x->docs && !x->t->m->rc) {
    listsLeadPromote(x);
    TopList *l = x->must[0];
    u32 b = l->at = snPostBlockFind(l->p, l->at, pos), first, last;
    if (b == l->p->nblocks) break;
    first = listsFirst(l, b);
    last = SN_MIN(snPostBlockLast(l->p, b), x->docs - 1);
    int rc = listsLeadBlock(x, b, SN_MAX(first, pos), last);
    if (!rc) rc = snMatcherAsk(x->t->m);
    if (rc) return rc;
    pos = last + 1;
  }
  return x->t->m->rc;
}

/* ---- which queries ------------------------------------------------------ */

static bool listsFits(const Iter *it) {
  while (it->ops->shape == ITER_NOT) it = it->kid[0];
  if (it->ops->shape == ITER_OPT)
    return snIterTerms(it->kid[0], ITER_AND) &&
        snIterTerms(it->kid[1], ITER_OR);
  return snIterTerms(it, it->ops->shape == ITER_AND ? ITER_AND : ITER_OR);
}

/* Terms of one shape into to[*n...]. */
static bool listsTake(TopLists *x, Iter *it, TopList **to, u32 *n) {
  bool term = it->ops->shape == ITER_TERM;
  for (u32 i = 0; i < (term ? 1 : it->n); i++) {
    to[*n] = listsNew(x, term ? it : it->kid[i]);
    if (!to[*n]) return false;
    x->df += to[(*n)++]->p->df;
  }
  return true;
}

static int listsOpen(TopLists *x, Iter *it) {
  Arena *a = &x->t->m->seg_arena;
  u32 nots = 0, lists = 1;
  bool good;
  for (const Iter *i = it; i->ops->shape == ITER_NOT; i = i->kid[0]) nots++;
  x->nots = snArenaZero(a, (nots + 1) * sizeof *x->nots);
  if (!x->nots) return SN_NOMEM;
  for (; it->ops->shape == ITER_NOT; it = it->kid[0])
    x->nots[x->nnot++] = it->kid[1];
  lists += it->n;
  if (it->ops->shape == ITER_OPT) lists += it->kid[0]->n + it->kid[1]->n;
  x->must = snArenaZero(a, lists * sizeof *x->must);
  x->may = snArenaZero(a, lists * sizeof *x->may);
  if (!x->must || !x->may) return SN_NOMEM;
  if (it->ops->shape == ITER_OPT)
    good = listsTake(x, it->kid[0], x->must, &x->nmust) &&
        listsTake(x, it->kid[1], x->may, &x->nmay);
  else if (it->ops->shape == ITER_AND)
    good = listsTake(x, it, x->must, &x->nmust);
  else
    good = listsTake(x, it, x->may, &x->nmay);
  x->cand = snArenaAlloc(a, (SN_MIN(x->df, SN_WINDOW) + 1) * sizeof *x->cand);
  return good && x->cand ? SEINE_OK : SN_NOMEM;
}

bool snTopLists(TopK *t, Iter *it, int *rc) {
  TopLists x = {.t = t};
  if (!it || !listsFits(it) || (t->count && t->filter)) return false;
  x.docs = snSegmentDocs(snMatcherSeg(t->m));
  *rc = listsOpen(&x, it);
  bool is_short = !x.nmust && x.df <= LISTS_SHORT;
  x.count = t->count && (x.nmust || (is_short && x.nmay > 1));
  if (!*rc && t->count && !x.count) *rc = snCountSegment(t->m, &t->total);
  if (!*rc)
    *rc = x.nmust ? listsLead(&x, 0)
        : is_short ? listsUnionShort(&x) : listsUnion(&x);
  return true;
}

#undef LISTS_SHORT
#undef LISTS_PUSH
#undef LISTS_NEAR
#undef LISTS_ASK
#undef LISTS_DONE
