/*
** it_phrase: documents in which words stand at given places.
**
** A document is a candidate when it has all words; only then are positions
** read.  Where the segment has lists of pairs of words, an exact phrase of
** more than two looks for its candidates in these: the lists of their words
** are asked only about those that are left.
**
** Slop 0: the number of places where all fit is the frequency.  Slop s > 0:
** words may stand apart; each smallest span in which the places, less those
** asked for, differ by d <= s adds 1 / (1 + d).  Which spans are looked at is
** what Lucene's sloppy matcher does, step by step, so that scores agree.
*/
#include "match/matchInt.h"

typedef struct PhraseIter {
  Iter it;           /* kids: the words, in order of the query; near: the
                     ** AND of them, or of pairs in their place */
  Iter **pair;       /* npair lists of pairs ... */
  u32 npair;
  bool once;         /* ... in which no phrase occurs more often */
  Iter **word;       /* nword of the words: those that are in no pair */
  u32 nword;
  const Scorer *scorer;
  const u8 *norms;
  const u32 *place;  /* of each word */
  u32 slop;
  float freq;
  const u32 **pos;   /* of the current candidate, per word */
  u32 *npos, *at;
  u32 *start;        /* where an exact phrase may begin; by need */
  u32 start_cap;
  const u32 *twin;   /* of each word: the first one that is equal */
  bool repeats;      /* some word stands twice */
  i64 end;           /* of phraseAt so far, the largest */
} PhraseIter;

static bool phraseRead(PhraseIter *p, u32 i) {
  TermIter *t = (TermIter *)p->it.kid[i];
  assert(t->it.doc == p->it.near->doc);
  int rc = snPostPositions(&t->post, &p->pos[i], &p->npos[i]);
  if (rc) snIterFail(p->it.m, rc);
  return !rc && p->npos[i] > 0;
}

static bool phraseRoom(PhraseIter *p, u32 n) {
  if (n <= p->start_cap) return true;
  p->start_cap = 2 * n;
  p->start = snArenaAlloc(&p->it.m->seg_arena, p->start_cap * sizeof(u32));
  if (!p->start) snIterFail(p->it.m, SN_NOMEM);
  return p->start != NULL;
}

/* Keeps the n starts at which word i stands too; how many. */
static u32 phraseMeet(PhraseIter *p, u32 i, u32 n) {
  const u32 *pos = p->pos[i];
  u32 kept = 0, a = 0, of = p->npos[i];
  for (u32 k = 0; k < n; k++) {
    u64 want = (u64)p->start[k] + p->place[i];
    while (a < of && pos[a] < want) a++;
    if (a == of) break;
    if (pos[a] == want) p->start[kept++] = p->start[k];
  }
  return kept;
}

/* The places of the word with the fewest name the starts; the others are read
** while there is one left. */
static float phraseExact(PhraseIter *p, u32 lead) {
  u32 n = 0;
  if (!phraseRead(p, lead) || !phraseRoom(p, p->npos[lead])) return 0;
  for (u32 k = 0; k < p->npos[lead]; k++)
    if (p->pos[lead][k] >= p->place[lead])
      p->start[n++] = p->pos[lead][k] - p->place[lead];
  for (u32 i = 0; i < p->it.n && n; i++) {
    if (i == lead) continue;
    if (!phraseRead(p, i)) return 0;
    n = phraseMeet(p, i, n);
  }
  return (float)n;
}

/* Place of word i less the place asked for. */
static i64 phraseAt(const PhraseIter *p, u32 i) {
  return (i64)p->pos[i][p->at[i]] - (i64)p->place[i];
}

/* Word i goes to its next place; false: there is none. */
static bool phraseMove(PhraseIter *p, u32 i) {
  if (++p->at[i] == p->npos[i]) return false;
  i64 v = phraseAt(p, i);
  p->end = SN_MAX(p->end, v);
  return true;
}

/* A word that stands twice in the query may not use one place of the text
** twice: of two that meet, the one that is behind moves on. */
static bool phraseApart(PhraseIter *p, u32 i) {
  for (u32 j = 0; p->repeats && j < p->it.n;) {
    if (j == i || p->twin[j] != p->twin[i] ||
        p->pos[j][p->at[j]] != p->pos[i][p->at[i]]) {
      j++;
      continue;
    }
    i64 a = phraseAt(p, i), b = phraseAt(p, j);
    if (b < a || (b == a && j < i)) i = j;
    if (!phraseMove(p, i)) return false;
    j = 0;
  }
  return true;
}

/* All words at their first places, equal words at one after the other. */
static bool phraseStart(PhraseIter *p) {
  memset(p->at, 0, p->it.n * sizeof *p->at);
  p->end = INT64_MIN;
  for (u32 i = 0; i < p->it.n; i++) {
    for (u32 j = 0; p->repeats && j < i; j++)
      p->at[i] += p->twin[j] == p->twin[i];
    if (p->at[i] >= p->npos[i]) return false;
    i64 v = phraseAt(p, i);
    p->end = SN_MAX(p->end, v);
  }
  return true;
}

/* The word that is first moves on, and the span gets smaller, until it has
** passed the second: then the span counts if it is small enough. */
static float phraseSloppy(PhraseIter *p) {
  float freq = 0;
  bool more = phraseStart(p);
  while (more) {
    u32 least = 0;
    i64 lo = phraseAt(p, 0), second = INT64_MAX;
    for (u32 i = 1; i < p->it.n; i++) {
      i64 v = phraseAt(p, i);
      second = SN_MIN(second, SN_MAX(v, lo));
      if (v < lo) {
        lo = v;
        least = i;
      }
    }
    i64 span = p->end - lo;
    while ((more = phraseMove(p, least) && phraseApart(p, least))) {
      i64 v = phraseAt(p, least);
      if (v > second) break;
      span = SN_MIN(span, p->end - v);
    }
    if (span <= (i64)p->slop) freq += 1.0f / (1.0f + (float)span);
  }
  return freq;
}

static float phraseScoreOf(const PhraseIter *p, float freq, u32 doc) {
  u8 norm = p->norms ? p->norms[doc] : 1;
  return p->scorer ? snScoreOf(p->scorer, freq, norm) : 0;
}

/* Only the best are wanted, and a phrase that occurs `most` times at most is
** none of them. */
static bool phraseLow(const PhraseIter *p, u32 most) {
  float floor = p->it.m->floor;
  return floor >= 0 && p->scorer &&
      phraseScoreOf(p, (float)most, p->it.near->doc) <= floor;
}

static u32 phraseTf(Iter *it) { return snPostFreq(&((TermIter *)it)->post); }

/* The words follow to where the pairs stand: there are all of them. */
static bool phraseFollow(PhraseIter *p) {
  u32 doc = p->it.near->doc, least = UINT32_MAX;
  for (u32 i = 0; i < p->npair && p->once; i++) {
    u32 tf = phraseTf(p->pair[i]);
    least = SN_MIN(least, tf);
  }
  if (phraseLow(p, least)) return false;
  for (u32 i = 0; i < p->it.n; i++) {
    if (snIterSeek(p->it.kid[i], doc) == doc) continue;
    snIterFail(p->it.m, SN_CORRUPT);
    return false;
  }
  return true;
}

/* An exact phrase occurs no more often than its rarest word: where only the
** best are wanted that mostly tells that the candidate is none of them, and no
** position is read. */
static float phraseExactFreq(PhraseIter *p) {
  u32 lead = 0, least = UINT32_MAX;
  if (p->npair && !phraseFollow(p)) return 0;
  for (u32 i = 0; i < p->it.n; i++) {
    u32 tf = phraseTf(p->it.kid[i]);
    if (tf >= least) continue;
    least = tf;
    lead = i;
  }
  return phraseLow(p, least) ? 0 : phraseExact(p, lead);
}

/* Whether the phrase is in the candidate, at which all words stand. */
static bool phraseHere(Iter *it) {
  PhraseIter *p = (PhraseIter *)it;
  bool good = true;
  if (p->slop) {
    for (u32 i = 0; i < it->n && good; i++) good = phraseRead(p, i);
    p->freq = good ? phraseSloppy(p) : 0;
  } else {
    p->freq = phraseExactFreq(p);
  }
  return p->freq > 0;
}

float snIterPhraseFreq(const Iter *it) {
  return ((const PhraseIter *)it)->freq;
}

static float phraseScore(Iter *it) {
  const PhraseIter *p = (const PhraseIter *)it;
  return phraseScoreOf(p, p->freq, it->doc);
}

/* ... by n lists that have it no less often; *upto and the bound are those of
** other lists before. */
static float phraseBoundBy(const PhraseIter *p, Iter **lists, u32 n, u32 from,
    float best, u32 *upto) {
  for (u32 i = 0; i < n; i++) {
    Impact imp[IMPACTS];
    u32 u;
    TermIter *t = (TermIter *)lists[i];
    float b = snScoreBound(p->scorer, imp,
        snPostImpacts(&t->post, from, false, &u, imp));
    best = SN_MIN(best, b);
    *upto = SN_MIN(*upto, u);
  }
  return best;
}

/* The phrase occurs no more often than its rarest word or pair; with slop, one
** place may count in several spans. */
static float phraseBound(Iter *it, u32 from, u32 *upto) {
  PhraseIter *p = (PhraseIter *)it;
  *upto = DOC_END - 1;
  if (p->slop) return it->max;
  if (!p->once) return phraseBoundBy(p, it->kid, it->n, from, INFINITY, upto);
  float best = phraseBoundBy(p, p->pair, p->npair, from, INFINITY, upto);
  return phraseBoundBy(p, p->word, p->nword, from, best, upto);
}

u32 snIterPhraseTwin(const Query *words, const Query *k) {
  u32 i = 0;
  while (words->len != k->len || memcmp(words->text, k->text, k->len)) {
    words = words->next;
    i++;
  }
  return i;
}

/* Takes the lists whose AND are the candidates: each pair once, and words that
** are in no pair. */
static bool phraseLists(PhraseIter *p, Iter **pairs, Matcher *m) {
  u32 n = p->it.n;
  p->pair = snArenaAlloc(&m->seg_arena, n * sizeof *p->pair);
  p->word = snArenaAlloc(&m->seg_arena, n * sizeof *p->word);
  Iter **all = snArenaAlloc(&m->seg_arena, 2 * n * sizeof *all);
  if (!p->pair || !p->word || !all) {
    snIterFail(m, SN_NOMEM);
    return false;
  }
  for (u32 i = 0; i < n; i++) {
    bool again = false, paired = pairs[i] || (i && pairs[i - 1]);
    for (u32 k = 0; k < i && pairs[i]; k++)
      again |= pairs[k] && p->twin[k] == p->twin[i] &&
          p->twin[k + 1] == p->twin[i + 1];
    if (pairs[i] && !again) p->pair[p->npair++] = pairs[i];
    if (!paired && p->twin[i] == i) p->word[p->nword++] = p->it.kid[i];
  }
  memcpy(all, p->pair, p->npair * sizeof *all);
  memcpy(all + p->npair, p->word, p->nword * sizeof *all);
  p->it.near = snIterAnd(m, all, p->npair + p->nword);
  return p->it.near != NULL;
}

Iter *snIterPhrase(Matcher *m, const Query *q, Iter **terms, Iter **pairs,
    const Scorer *scorer) {
  static const IterOps ops = {ITER_PHRASE, snIterSeekNear, snIterFill,
      phraseScore, snIterAdd, phraseBound, NULL};
  PhraseIter *p = snIterNew(m, &ops, sizeof *p, sizeof *p, q->nkids);
  if (!p) return NULL;
  u32 *place = snArenaAlloc(&m->seg_arena, q->nkids * sizeof *place), i = 0;
  u32 *twin = snArenaAlloc(&m->seg_arena, q->nkids * sizeof *twin);
  p->pos = snArenaZero(&m->seg_arena, q->nkids * sizeof *p->pos);
  p->npos = snArenaZero(&m->seg_arena, q->nkids * sizeof *p->npos);
  p->at = snArenaZero(&m->seg_arena, q->nkids * sizeof *p->at);
  if (!place || !twin || !p->pos || !p->npos || !p->at) {
    snIterFail(m, SN_NOMEM);
    return NULL;
  }
  for (const Query *k = q->kids; k; k = k->next, i++) {
    place[i] = k->pos;
    twin[i] = snIterPhraseTwin(q->kids, k);
    if (twin[i] < i) p->repeats = true;
  }
  memcpy(p->it.kid, terms, q->nkids * sizeof *terms);
  p->place = place;
  p->twin = twin;
  p->slop = q->slop;
  p->scorer = scorer;
  p->it.here = phraseHere;
  if (!phraseLists(p, pairs, m)) return NULL;
  p->it.cost = p->it.near->cost;
  if (scorer) p->it.max = q->slop ? snScoreOften(scorer) : snScoreMost(scorer);
  const Column *col = m->view->table->col + q->kids->column;
  int rc = snNormBytes(snMatcherSeg(m), col->id, &p->norms);
  if (!rc && p->npair) rc = snPairOnce(snMatcherSeg(m), col->id, &p->once);
  if (!rc) return &p->it;
  snIterFail(m, rc);
  return NULL;
}
