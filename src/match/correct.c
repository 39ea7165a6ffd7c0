/*
** correct: a text with a few of its words put right, so that words stand
** beside each other as they do in the column: a noisy channel with stupid
** backoff, as Elasticsearch's phrase suggester.
**
** Each word has choices: itself, and the terms that suggest.c gives for it.
** The score of a text is exp of the sum, over its words, of
**   log10(channel * P(word | word before))
** channel: 1 - edits / characters of a term, CORRECT_REAL of a word that
** stays.  P: how many of the places of the word before have this one behind
** them; when none has, and for the first word, CORRECT_BACKOFF times (for the
** first word, 1 times) the part that the word has of all words.
**
** (1) The score of a path depends on its last word alone, so the best paths
**     to each choice, by the words changed so far, give the best texts: none
**     that is left out could be one.
** (2) How often words stand together is counted in the documents of the rarer
**     one; when it has more than CORRECT_DOCS, in the first so many, and
**     reckoned up.
** (3) Counts hold deleted documents until they are merged away.
*/
#include "match/matchInt.h"

#define CORRECT_TERMS   5u
#define CORRECT_CHOICES (CORRECT_TERMS + 1)
#define CORRECT_REAL    0.95
#define CORRECT_BACKOFF 0.4
#define CORRECT_DOCS    16384u
#define CORRECT_ASK     1024u /* documents, for one question */

/* What may stand for a word. */
typedef struct CorrectChoice {
  const Suggestion *term; /* NULL: the word itself */
  double channel;
  u64 df, ttf;
  TermMeta *meta;         /* by segment */
} CorrectChoice;

typedef struct CorrectSet {
  CorrectChoice v[CORRECT_CHOICES];
  u32 n;
} CorrectSet;

/* A text up to some word: that word's choice behind an earlier path. */
typedef struct CorrectPath {
  double score;
  u32 before, choice;
} CorrectPath;

/* Paths [from, from + n), the best first. */
typedef struct CorrectList {
  u32 from, n;
  double step;            /* what they get when they go on */
} CorrectList;

typedef struct Correct {
  const CorrectAsk *ask;
  const View *view;
  Arena *arena;
  CorrectSet *set;        /* by word */
  u64 words;              /* in the column */
  u32 errors;             /* no more words than that can change */
  CorrectPath *path;
  u32 npath, path_cap;
  CorrectList *list, *last; /* by choice and errors: of a word, and before */
  double typed;           /* score of the text as it is, before exp */
  Postings lead, other;
} Correct;

/* ---- choices ------------------------------------------------------------ */

static int correctChoice(Correct *c, CorrectSet *set, const void *p, u32 n,
    const Suggestion *term) {
  CorrectChoice *x = set->v + set->n++;
  u32 segs = c->view->n;
  *x = (CorrectChoice){.term = term,
      .channel = term ? term->score : CORRECT_REAL};
  x->meta = snArenaZero(c->arena, (segs + 1ull) * sizeof *x->meta);
  if (!x->meta) return SN_NOMEM;
  int rc = snMatcherLookup(c->view, c->ask->words.column, p, n, x->meta,
      &x->df);
  for (u32 s = 0; s < segs; s++) x->ttf += x->meta[s].ttf;
  return rc;
}

static int correctSet(Correct *c, CorrectSet *set, const DictText *word) {
  SuggestAsk ask = c->ask->words;
  Suggestion *found;
  u32 n = 0;
  ask.most = CORRECT_TERMS;
  int rc = correctChoice(c, set, word->p, word->n, NULL);
  if (!rc)
    rc = snSuggestWord(&ask, (SuggestMode)c->ask->mode, word->p, word->n,
        &found, &n);
  for (u32 i = 0; !rc && i < n; i++)
    rc = correctChoice(c, set, found[i].p, found[i].n, found + i);
  return rc;
}

static int correctSets(Correct *c) {
  const CorrectAsk *a = c->ask;
  u32 some = 0, id = c->view->table->col[a->words.column].id;
  c->set = snArenaZero(c->arena, (a->n + 1ull) * sizeof *c->set);
  int rc = c->set ? SEINE_OK : SN_NOMEM;
  for (u32 s = 0; !rc && s < c->view->n; s++) {
    Dict *d;
    rc = snDictTerms(c->view->seg[s], id, &d);
    if (!rc && d) c->words += snDictTtf(d);
  }
  for (u32 i = 0; !rc && i < a->n; i++) {
    rc = correctSet(c, c->set + i, a->word + i);
    some += c->set[i].n > 1;
  }
  c->errors = SN_MIN(a->errors, some);
  return rc;
}

/* ---- words beside each other -------------------------------------------- */

/* Places of b that are `gap` behind one of a. */
static u32 correctMeet(const u32 *a, u32 na, const u32 *b, u32 nb, u32 gap) {
  u32 n = 0;
  for (u32 i = 0, k = 0; i < na && k < nb;) {
    u64 want = (u64)a[i] + gap;
    n += b[k] == want;
    if (b[k] <= want) k++;
    else i++;
  }
  return n;
}

static int correctPlaces(Correct *c, bool turned, u32 gap, u64 *found) {
  Postings *a = turned ? &c->other : &c->lead;
  Postings *b = turned ? &c->lead : &c->other;
  const u32 *pa, *pb;
  u32 na, nb;
  int rc = snPostPositions(a, &pa, &na);
  if (!rc) rc = snPostPositions(b, &pb, &nb);
  if (!rc) *found += correctMeet(pa, na, pb, nb, gap);
  return rc;
}

/* The documents of the lead in one segment, at most `most`. */
static int correctWalk(Correct *c, bool turned, u32 gap, u32 most,
    u64 *found) {
  const SuggestAsk *a = &c->ask->words;
  int rc = SEINE_OK;
  u32 n = 0;
  while (!rc && n < most && snPostNext(&c->lead) != DOC_END) {
    u32 doc = snPostSeek(&c->other, c->lead.doc);
    if (doc == DOC_END) break;
    if (doc == c->lead.doc) rc = correctPlaces(c, turned, gap, found);
    if (++n % CORRECT_ASK == 0 && a->cancelled && a->cancelled(a->arg))
      rc = SEINE_INTERRUPT;
  }
  if (!rc) rc = c->lead.rc;
  return rc ? rc : c->other.rc;
}

static int correctSegment(Correct *c, u32 s, const CorrectChoice *lead,
    const CorrectChoice *other, bool turned, u32 gap, u32 most, u64 *found) {
  u32 column = c->view->table->col[c->ask->words.column].id;
  Segment *g = c->view->seg[s];
  Dict *d;
  int rc = snDictTerms(g, column, &d);
  if (!rc) rc = snPostOpenMeta(g, column, d, lead->meta + s, &c->lead);
  if (rc) return rc;
  rc = snPostOpenMeta(g, column, d, other->meta + s, &c->other);
  if (!rc) {
    rc = correctWalk(c, turned, gap, most, found);
    snPostClose(&c->other);
  }
  snPostClose(&c->lead);
  return rc;
}

/* How often y stands `gap` behind x: (2). */
static int correctPairs(Correct *c, const CorrectChoice *x,
    const CorrectChoice *y, u32 gap, double *out) {
  bool turned = y->df < x->df;
  const CorrectChoice *lead = turned ? y : x, *other = turned ? x : y;
  u32 seen = 0;
  u64 found = 0;
  int rc = SEINE_OK;
  for (u32 s = 0; !rc && s < c->view->n && seen < CORRECT_DOCS; s++) {
    u32 most = SN_MIN(lead->meta[s].df, CORRECT_DOCS - seen);
    if (most && other->meta[s].df)
      rc = correctSegment(c, s, lead, other, turned, gap, most, &found);
    seen += most;
  }
  *out = found ? (double)found * (double)lead->df / (double)seen : 0;
  return rc;
}

/* What choice y adds to the score behind x; x NULL: y is the first. */
static int correctStep(Correct *c, const CorrectChoice *x,
    const CorrectChoice *y, u32 gap, double *out) {
  double p = (1 + (double)y->ttf) / (1 + (double)c->words), pairs = 0;
  int rc = x ? correctPairs(c, x, y, gap, &pairs) : SEINE_OK;
  if (pairs > 0) p = SN_MIN(1.0, pairs / (double)x->ttf);
  else if (x) p *= CORRECT_BACKOFF;
  *out = log10(y->channel * p);
  return rc;
}

/* ---- the best texts ----------------------------------------------------- */

static CorrectList *correctList(const Correct *c, CorrectList *of, u32 choice,
    u32 errors) {
  return of + (size_t)choice * (c->errors + 1) + errors;
}

static double correctHead(const Correct *c, const CorrectList *v, u32 at) {
  return c->path[v->from + at].score + v->step;
}

/* The best paths of n lists, gone on to a choice, as one list. */
static int correctMerge(Correct *c, const CorrectList *v, u32 n, u32 choice,
    CorrectList *out) {
  u32 at[CORRECT_CHOICES * (CORRECT_ERRORS + 1)] = {0}, most =
      c->ask->words.most;
  *out = (CorrectList){.from = c->npath};
  assert(n <= SN_COUNT(at));
  while (out->n < most) {
    u32 best = n;
    for (u32 i = 0; i < n; i++) {
      if (at[i] == v[i].n) continue;
      if (best == n || correctHead(c, v + i, at[i]) >
              correctHead(c, v + best, at[best]))
        best = i;
    }
    if (best == n) break;
    int rc = snMemGrow(c->ask->words.budget, &c->path, &c->path_cap,
        c->npath + 1ull, sizeof *c->path);
    if (rc) return rc;
    c->path[c->npath++] = (CorrectPath){correctHead(c, v + best, at[best]),
        v[best].from + at[best], choice};
    at[best]++;
    out->n++;
  }
  return SEINE_OK;
}

/* All paths to choice k of word i. */
static int correctGoOn(Correct *c, u32 i, u32 k) {
  const CorrectSet *before = c->set + i - (i > 0);
  CorrectList from[CORRECT_CHOICES];
  double step[CORRECT_CHOICES];
  u32 changed = k > 0, n = i ? before->n : 1;
  u32 gap = i ? c->ask->pos[i] - c->ask->pos[i - 1] : 0;
  int rc = SEINE_OK;
  if (c->errors < changed) return SEINE_OK;
  if (i && c->errors < changed + 1) n = 1;
  for (u32 j = 0; !rc && j < n; j++)
    rc = correctStep(c, i ? before->v + j : NULL, c->set[i].v + k, gap,
        step + j);
  if (!rc && !k) c->typed += step[0];
  for (u32 e = changed; !rc && e <= c->errors; e++) {
    for (u32 j = 0; j < n; j++) {
      from[j] = *correctList(c, c->last, j, e - changed);
      from[j].step = step[j];
    }
    rc = correctMerge(c, from, n, k, correctList(c, c->list, k, e));
  }
  return rc;
}

static int correctSearch(Correct *c, CorrectList *best) {
  const SuggestAsk *a = &c->ask->words;
  u32 n = CORRECT_CHOICES * (c->errors + 1);
  size_t size = n * sizeof *c->list;
  c->list = snArenaZero(c->arena, size);
  c->last = snArenaZero(c->arena, size);
  if (!c->list || !c->last) return SN_NOMEM;
  /* The empty text. */
  int rc = snMemGrow(a->budget, &c->path, &c->path_cap, 1, sizeof *c->path);
  if (rc) return rc;
  c->path[c->npath++] = (CorrectPath){0, 0, 0};
  c->list[0].n = 1;
  for (u32 i = 0; !rc && i < c->ask->n; i++) {
    CorrectList *old = c->last;
    c->last = c->list;
    c->list = old;
    memset(c->list, 0, size);
    for (u32 k = 0; !rc && k < c->set[i].n; k++) rc = correctGoOn(c, i, k);
    if (!rc && a->cancelled && a->cancelled(a->arg)) rc = SEINE_INTERRUPT;
  }
  for (u32 i = 0; i < n; i++) c->list[i].step = 0;
  return rc ? rc : correctMerge(c, c->list, n, 0, best);
}

static int correctOut(const Correct *c, const CorrectPath *end,
    Correction *out) {
  const CorrectAsk *a = c->ask;
  const CorrectPath *p = c->path + end->before;
  out->score = exp(end->score);
  out->word = snArenaZero(c->arena, (a->n + 1ull) * sizeof *out->word);
  if (!out->word) return SN_NOMEM;
  for (u32 i = a->n; i--; p = c->path + p->before)
    out->word[i] = c->set[i].v[p->choice].term;
  return SEINE_OK;
}

int snCorrect(const CorrectAsk *a, Correction **out, u32 *nout) {
  CorrectList best = {0};
  *nout = 0;
  Correct *c = snMemZero(a->words.budget, sizeof *c);
  if (!c) return SN_NOMEM;
  c->ask = a;
  c->view = a->words.view;
  c->arena = a->words.arena;
  int rc = correctSets(c);
  if (!rc && a->n && (c->errors || a->confidence < 1))
    rc = correctSearch(c, &best);
  double least = c->typed + log(a->confidence);
  *out = snArenaAlloc(c->arena, (best.n + 1ull) * sizeof **out);
  if (!rc && !*out) rc = SN_NOMEM;
  for (u32 i = 0; !rc && i < best.n; i++) {
    const CorrectPath *p = c->path + best.from + i;
    if (!(p->score > least)) break;
    rc = correctOut(c, p, *out + (*nout)++);
  }
  snMemFree(c->path);
  snMemFree(c);
  return rc;
}

#undef CORRECT_TERMS
#undef CORRECT_CHOICES
#undef CORRECT_REAL
#undef CORRECT_BACKOFF
#undef CORRECT_DOCS
#undef CORRECT_ASK
