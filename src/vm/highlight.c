/*
** highlight: the words of a text that a query matched, between marks, and
** the piece of a long text that holds most of them; or the places of these
** words.
**
** The text is cut like at indexing; what the leaves of the query ask of the
** column (words, prefixes, phrases, spans) is looked for among the tokens.
** Each find is a hit: a range of tokens and of source bytes.
**
** (1) Below a clause that must not match nothing is looked for.
** (2) A phrase is found where its words, each taken back by its place, meet:
**     all at one place when slop is 0, and then the hit goes from the first
**     word to the last; else within a span of slop places, and each word in
**     such a span is a hit of its own.  A word that stands m times in the
**     phrase must be m times in the span.
**     Of a tree of spans each word is a hit that lies in one of its spans,
**     but for words that WITHIN and EXCEPT ask for around the spans.
** (3) Ranges that overlap become one; ranges that only touch do not.
** (4) Source bytes are copied as they are: without the marks the output is
**     the text, or with max_tokens a piece of it between dots.
** (5) Time is O(n log n) in tokens, hits and words of the query, but for the
**     phrases and spans: each costs the tokens it has words in, together at
**     most HIGHLIGHT_PLACES times the tokens of the text, spans that once a
**     node; what comes then is not looked for.  No recursion but in spans.
*/
#include "vm/vm.h"

#define HIGHLIGHT_NONE   0xffffffffu
#define HIGHLIGHT_PLACES 8u
#define HIGHLIGHT_LEAST  65536u /* places looked at in any case */
#define HIGHLIGHT_BACK   5u     /* tokens a snippet goes back for a sentence */

typedef struct HighlightHit {
  u32 first, last; /* tokens */
  u32 from, to;    /* bytes */
  u32 unit;        /* which word, prefix, phrase or span */
} HighlightHit;

typedef struct HighlightPrefix {
  const u8 *p;
  u32 n, unit;
} HighlightPrefix;

typedef struct HighlightPhraseOf {
  const Query *q;
  u32 unit;
} HighlightPhraseOf;

typedef struct HighlightSpanOf {
  Spans *s;
  u32 unit;
} HighlightSpanOf;

typedef struct HighlightPattern {
  Regex *regex;
  u32 unit;
} HighlightPattern;

typedef struct Highlight {
  const Marker *m;
  Budget *budget;
  const volatile int *stop;
  Arena arena;
  const u8 *p;          /* the text */
  u32 n;
  StrSet words;         /* of terms, phrases and spans */
  u32 *word_unit, word_cap; /* unit of a term; NONE: only in the others */
  HighlightPrefix *prefix;  /* sorted, none begins with another */
  u32 nprefix, prefix_cap;
  HighlightPattern *pattern;
  u32 npattern, pattern_cap;
  HighlightPhraseOf *phrase;
  u32 nphrase, phrase_cap;
  HighlightSpanOf *span;
  u32 nspan, span_cap;
  u32 units;            /* given in the order of the query */
  CutTokens t;
  u32 *word;            /* of each token, or NONE */
  u32 *list, *list_end; /* tokens by word */
  u32 *list_pos;        /* their positions; for spans */
  u64 places_left;
  HighlightHit *hit;
  u32 nhit, hit_cap;
  u32 from, to;         /* bytes that are shown */
} Highlight;

/* ---- What the query asks for -------------------------------------------- */

static int highlightWord(Highlight *h, const Query *q, bool term) {
  u32 was = h->words.n, i = snStrSetAdd(&h->words, q->text, q->len);
  int rc;
  if (h->words.rc) return h->words.rc;
  rc = snMemGrow(h->budget, &h->word_unit, &h->word_cap, h->words.n,
      sizeof *h->word_unit);
  if (rc) return rc;
  if (i == was) h->word_unit[i] = HIGHLIGHT_NONE;
  if (term && h->word_unit[i] == HIGHLIGHT_NONE) h->word_unit[i] = h->units++;
  return SEINE_OK;
}

static int highlightSpan(Highlight *h, const Query *q) {
  Spans *s = snArenaAlloc(&h->arena, sizeof *s);
  int rc = snMemGrow(h->budget, &h->span, &h->span_cap, (u64)h->nspan + 1,
      sizeof *h->span);
  if (rc || !s) return rc ? rc : SN_NOMEM;
  h->span[h->nspan++].s = s;
  rc = snSpansInit(s, h->budget, &h->arena, q);
  if (rc) return rc;
  if (!s->nword || s->word[0].q->column != h->m->column) {
    h->nspan--;
    snSpansClear(s);
    return SEINE_OK;
  }
  h->span[h->nspan - 1].unit = h->units++;
  for (u32 i = 0; !rc && i < s->nword; i++) {
    rc = highlightWord(h, s->word[i].q, false);
  }
  return rc;
}

static int highlightPattern(Highlight *h, const Query *q) {
  HighlightPattern *x;
  int rc = snMemGrow(h->budget, &h->pattern, &h->pattern_cap,
      (u64)h->npattern + 1, sizeof *h->pattern);
  if (rc) return rc;
  x = h->pattern + h->npattern;
  rc = snQueryRegex(h->budget, q, &x->regex);
  if (rc) return rc;
  x->unit = h->units++;
  h->npattern++;
  return SEINE_OK;
}

static int highlightLeaf(Highlight *h, const Query *q) {
  int rc = SEINE_OK;
  if (q->kind == QUERY_SPAN) return highlightSpan(h, q);
  if (q->column != h->m->column) return SEINE_OK;
  switch (q->kind) {
    case QUERY_TERM: return highlightWord(h, q, true);
    case QUERY_PATTERN: return highlightPattern(h, q);
    case QUERY_PREFIX:
      rc = snMemGrow(h->budget, &h->prefix, &h->prefix_cap,
          (u64)h->nprefix + 1, sizeof *h->prefix);
      if (rc) return rc;
      h->prefix[h->nprefix++] = (HighlightPrefix){(const u8 *)q->text,
          q->len, h->units++};
      return SEINE_OK;
    case QUERY_PHRASE:
      if (!q->kids) return SEINE_OK;
      for (const Query *k = q->kids; !rc && k; k = k->next) {
        rc = highlightWord(h, k, false);
      }
      if (!rc) rc = snMemGrow(h->budget, &h->phrase, &h->phrase_cap,
          (u64)h->nphrase + 1, sizeof *h->phrase);
      if (!rc)
        h->phrase[h->nphrase++] = (HighlightPhraseOf){q, h->units++};
      return rc;
    default: return SEINE_OK;
  }
}

/* open[] holds a node per level: the one whose kids come next. */
static int highlightQuery(Highlight *h, const Query *q) {
  const Query **open = NULL;
  u32 depth = 0, cap = 0;
  bool root = true;
  int rc = SEINE_OK;
  while (!rc && q) {
    bool inside = root || q->occur != OCCUR_NOT;
    if (inside && (q->kind == QUERY_BOOL || q->kind == QUERY_MAX) &&
        q->kids) {
      rc = snMemGrow(h->budget, &open, &cap, (u64)depth + 1, sizeof *open);
      if (rc) break;
      open[depth++] = root ? NULL : q->next;
      q = q->kids;
      root = false;
      continue;
    }
    if (inside) rc = highlightLeaf(h, q);
    q = root ? NULL : q->next;
    while (!q && depth) q = open[--depth];
  }
  snMemFree(open);
  return rc;
}

static int highlightPrefixCmp(void *arg, u32 a, u32 b) {
  const HighlightPrefix *p = ((Highlight *)arg)->prefix;
  return snStrCmp(p[a].p, p[a].n, p[b].p, p[b].n);
}

static bool highlightBegins(const HighlightPrefix *x, const u8 *p, u32 n) {
  return n >= x->n && (!x->n || !memcmp(p, x->p, x->n));
}

/* Sorts the prefixes and drops what a shorter one covers. */
static int highlightPrefixes(Highlight *h) {
  u32 n = h->nprefix, kept = 0;
  HighlightPrefix *sorted;
  u32 *order;
  if (!n) return SEINE_OK;
  sorted = snArenaAlloc(&h->arena, n * sizeof *sorted);
  order = snArenaAlloc(&h->arena, 2ull * n * sizeof *order);
  if (!sorted || !order) return SN_NOMEM;
  for (u32 i = 0; i < n; i++) order[i] = i;
  snSortIndex(order, n, order + n, highlightPrefixCmp, h);
  for (u32 i = 0; i < n; i++) {
    const HighlightPrefix *x = h->prefix + order[i];
    if (kept && highlightBegins(sorted + kept - 1, x->p, x->n)) continue;
    sorted[kept++] = *x;
  }
  memcpy(h->prefix, sorted, kept * sizeof *sorted);
  h->nprefix = kept;
  return SEINE_OK;
}

/* The unit of the prefix that a token begins with, or NONE. */
static u32 highlightPrefixOf(const Highlight *h, const u8 *p, u32 n) {
  u32 lo = 0, hi = h->nprefix;
  while (lo < hi) {
    u32 mid = lo + (hi - lo) / 2;
    const HighlightPrefix *x = h->prefix + mid;
    if (snStrCmp(x->p, x->n, p, n) <= 0) lo = mid + 1;
    else hi = mid;
  }
  if (!lo || !highlightBegins(h->prefix + lo - 1, p, n)) {
    return HIGHLIGHT_NONE;
  }
  return h->prefix[lo - 1].unit;
}

/* ---- Words -------------------------------------------------------------- */

/* Whether to stop at the i-th of many. */
static bool highlightStops(const Highlight *h, u32 i) {
  return i % SN_WINDOW == 0 && snStops(h->stop);
}

static int highlightAdd(Highlight *h, u32 first, u32 last, u32 unit) {
  HighlightHit x = {first, last, 0, 0, unit};
  int rc;
  x.from = SN_MIN(h->t.from[first], h->n);
  x.to = SN_MIN(h->t.to[last], h->n);
  if (x.to <= x.from) return SEINE_OK;
  if (highlightStops(h, h->nhit)) return SEINE_INTERRUPT;
  rc = snMemGrow(h->budget, &h->hit, &h->hit_cap, (u64)h->nhit + 1,
      sizeof *h->hit);
  if (!rc) h->hit[h->nhit++] = x;
  return rc;
}

static int highlightWords(Highlight *h) {
  int rc = SEINE_OK;
  h->word = snArenaAlloc(&h->arena, h->t.n * sizeof *h->word);
  if (!h->word) return SN_NOMEM;
  for (u32 i = 0; !rc && i < h->t.n; i++) {
    const u8 *p = h->t.bytes + h->t.at[i];
    u32 n = h->t.len[i], w, unit;
    if (highlightStops(h, i)) return SEINE_INTERRUPT;
    w = h->words.n ? snStrSetFind(&h->words, p, n) : HIGHLIGHT_NONE;
    h->word[i] = w;
    if (w != HIGHLIGHT_NONE && h->word_unit[w] != HIGHLIGHT_NONE) {
      rc = highlightAdd(h, i, i, h->word_unit[w]);
    }
    unit = h->nprefix ? highlightPrefixOf(h, p, n) : HIGHLIGHT_NONE;
    if (!rc && unit != HIGHLIGHT_NONE) rc = highlightAdd(h, i, i, unit);
    for (u32 k = 0; !rc && k < h->npattern; k++) {
      bool fits;
      rc = snRegexMatch(h->pattern[k].regex, p, n, &fits);
      if (!rc && fits) rc = highlightAdd(h, i, i, h->pattern[k].unit);
    }
  }
  return rc;
}

/* ---- Phrases ------------------------------------------------------------ */

/* A phrase and its places in the text: place k is token[k], which is word
** slot[k] of the phrase; in key order of places taken back. */
typedef struct HighlightPhrase {
  const Query *q;
  u32 k;             /* words of the phrase */
  u32 *word, *pos;
  u32 *same;         /* the first slot of the same word */
  u32 *need;         /* how often it stands in the phrase, at that slot */
  u32 *slot, *token;
  KeyIdx *at;
  u32 n;             /* places */
  u32 *slots_in;     /* per slot: places in the span */
  u32 *tokens_in;    /* per first slot: tokens in the span */
  u32 lack;          /* slots and words the span has too few of */
} HighlightPhrase;

/* Tokens by word: those of word w are list[list_end[w - 1] .. list_end[w])*/
static int highlightLists(Highlight *h) {
  u32 sum = 0;
  h->list_end = snArenaZero(&h->arena, h->words.n * sizeof(u32));
  h->list = snArenaAlloc(&h->arena, h->t.n * sizeof(u32));
  h->list_pos = snArenaAlloc(&h->arena, h->t.n * sizeof(u32));
  if (!h->list_end || !h->list || !h->list_pos) return SN_NOMEM;
  for (u32 i = 0; i < h->t.n; i++) {
    if (h->word[i] != HIGHLIGHT_NONE) h->list_end[h->word[i]]++;
  }
  for (u32 w = 0; w < h->words.n; w++) {
    u32 count = h->list_end[w];
    h->list_end[w] = sum;
    sum += count;
  }
  for (u32 i = 0; i < h->t.n; i++) {
    if (h->word[i] == HIGHLIGHT_NONE) continue;
    u32 at = h->list_end[h->word[i]]++;
    h->list[at] = i;
    h->list_pos[at] = h->t.pos[i];
  }
  return SEINE_OK;
}

static u32 highlightListFrom(const Highlight *h, u32 w) {
  return w ? h->list_end[w - 1] : 0;
}

/* Reads the phrase; *some is false when the text lacks one of its words, or
** when there would be too much to look at. */
static int highlightPhraseOpen(Highlight *h, HighlightPhrase *x, Arena *a,
    const Query *q, bool *some) {
  u32 *first = snArenaAlloc(a, h->words.n * sizeof *first), i = 0;
  u32 *room;
  u64 n = 0;
  *some = false;
  memset(x, 0, sizeof *x);
  x->q = q;
  for (const Query *k = q->kids; k; k = k->next) x->k++;
  room = snArenaZero(a, 6ull * x->k * sizeof *room);
  if (!first || !room) return SN_NOMEM;
  x->word = room;
  x->pos = x->word + x->k;
  x->same = x->pos + x->k;
  x->need = x->same + x->k;
  x->slots_in = x->need + x->k;
  x->tokens_in = x->slots_in + x->k;
  memset(first, 0xff, h->words.n * sizeof *first);
  for (const Query *k = q->kids; k; k = k->next, i++) {
    u32 w = snStrSetFind(&h->words, k->text, k->len);
    u32 count = h->list_end[w] - highlightListFrom(h, w);
    if (!count) return SEINE_OK;
    x->word[i] = w;
    x->pos[i] = k->pos;
    if (first[w] == HIGHLIGHT_NONE) first[w] = i;
    x->same[i] = first[w];
    if (!x->need[first[w]]++) x->lack++;
    n += count;
  }
  x->lack += x->k;
  if (n > h->places_left) return SEINE_OK;
  h->places_left -= n;
  x->n = (u32)n;
  *some = true;
  return SEINE_OK;
}

/* All places of its words, sorted by position less place in the phrase. */
static int highlightPhrasePlaces(Highlight *h, HighlightPhrase *x, Arena *a) {
  KeyIdx *tmp = snArenaAlloc(a, x->n * sizeof *tmp);
  u32 at = 0;
  x->slot = snArenaAlloc(a, x->n * sizeof *x->slot);
  x->token = snArenaAlloc(a, x->n * sizeof *x->token);
  x->at = snArenaAlloc(a, x->n * sizeof *x->at);
  if (!tmp || !x->slot || !x->token || !x->at) return SN_NOMEM;
  for (u32 i = 0; i < x->k; i++) {
    u32 w = x->word[i];
    for (u32 k = highlightListFrom(h, w); k < h->list_end[w]; k++) {
      u32 token = h->list[k];
      x->slot[at] = i;
      x->token[at] = token;
      x->at[at].key = (1ull << 32) + h->t.pos[token] - x->pos[i];
      x->at[at].idx = at;
      at++;
    }
  }
  return snSortKeysStop(x->at, x->n, tmp, h->stop);
}

/* Place k comes into the span or leaves it.  in[]: how often each token is
** in it. */
static void highlightSpanIn(HighlightPhrase *x, u32 *in, u32 k) {
  u32 e = x->at[k].idx, slot = x->slot[e], same = x->same[slot];
  if (!x->slots_in[slot]++) x->lack--;
  if (in[x->token[e]]++) return;
  if (++x->tokens_in[same] == x->need[same]) x->lack--;
}

static void highlightSpanOut(HighlightPhrase *x, u32 *in, u32 k) {
  u32 e = x->at[k].idx, slot = x->slot[e], same = x->same[slot];
  if (!--x->slots_in[slot]) x->lack++;
  if (--in[x->token[e]]) return;
  if (x->tokens_in[same]-- == x->need[same]) x->lack++;
}

/* Places [lo, hi) are one occurrence without slop. */
static int highlightExact(Highlight *h, const HighlightPhrase *x, u32 lo,
    u32 hi, u32 unit) {
  u32 first = x->token[x->at[lo].idx], last = first;
  for (u32 k = lo + 1; k < hi; k++) {
    u32 token = x->token[x->at[k].idx];
    first = SN_MIN(first, token);
    last = SN_MAX(last, token);
  }
  return highlightAdd(h, first, last, unit);
}

static int highlightPhraseHits(Highlight *h, HighlightPhrase *x, u32 *in,
    u32 unit) {
  u32 lo = 0, done = 0, slop = x->q->slop;
  int rc = SEINE_OK;
  for (u32 hi = 0; !rc && hi < x->n; hi++) {
    bool more = hi + 1 < x->n && x->at[hi + 1].key == x->at[hi].key;
    highlightSpanIn(x, in, hi);
    while (x->at[hi].key - x->at[lo].key > slop) {
      highlightSpanOut(x, in, lo++);
    }
    if (x->lack || more) continue;
    if (!slop) {
      rc = highlightExact(h, x, lo, hi + 1, unit);
      continue;
    }
    for (done = SN_MAX(done, lo); !rc && done <= hi; done++) {
      u32 token = x->token[x->at[done].idx];
      rc = highlightAdd(h, token, token, unit);
    }
  }
  while (lo < x->n) highlightSpanOut(x, in, lo++);
  return rc;
}

static int highlightPhrases(Highlight *h) {
  HighlightPhrase x;
  u32 *in;
  Arena a;
  int rc = SEINE_OK;
  if (!h->nphrase) return SEINE_OK;
  in = snArenaZero(&h->arena, h->t.n * sizeof *in);
  if (!in) return SN_NOMEM;
  snArenaInit(&a, h->budget);
  for (u32 i = 0; !rc && i < h->nphrase; i++) {
    bool some;
    rc = highlightPhraseOpen(h, &x, &a, h->phrase[i].q, &some);
    if (!rc && some) rc = highlightPhrasePlaces(h, &x, &a);
    if (!rc && some)
      rc = highlightPhraseHits(h, &x, in, h->phrase[i].unit);
    snArenaClear(&a);
  }
  return rc;
}

/* ---- Spans -------------------------------------------------------------- */

/* The tokens of word w that lie in one of the spans. */
static int highlightSpanWord(Highlight *h, u32 w, const Span *list, u32 n,
    u32 unit) {
  u32 at = 0;
  int rc = SEINE_OK;
  for (u32 k = highlightListFrom(h, w); !rc && k < h->list_end[w]; k++) {
    u32 pos = h->list_pos[k];
    while (at < n && list[at].last < pos) at++;
    if (at == n) break;
    if (list[at].first <= pos) {
      rc = highlightAdd(h, h->list[k], h->list[k], unit);
    }
  }
  return rc;
}

/* done[w]: the unit that word w was last marked for. */
static int highlightSpanHits(Highlight *h, Spans *s, u32 *done, u32 unit) {
  const Span *list;
  u64 places = 0;
  u32 n;
  int rc;
  for (u32 i = 0; i < s->nword; i++) {
    const Query *q = s->word[i].q;
    u32 w = snStrSetFind(&h->words, q->text, q->len);
    u32 from = highlightListFrom(h, w);
    s->word[i].pos = h->list_pos + from;
    s->word[i].n = h->list_end[w] - from;
    places += s->word[i].n;
  }
  if (places > h->places_left) return SEINE_OK;
  h->places_left -= places;
  rc = snSpansRun(s, &list, &n);
  for (u32 i = 0; !rc && i < s->nword; i++) {
    const Query *q = s->word[i].q;
    u32 w = snStrSetFind(&h->words, q->text, q->len);
    if (!s->word[i].shown || done[w] == unit) continue;
    done[w] = unit;
    rc = highlightSpanWord(h, w, list, n, unit);
  }
  return rc;
}

static int highlightSpans(Highlight *h) {
  u32 *done;
  int rc = SEINE_OK;
  if (!h->nspan) return SEINE_OK;
  done = snArenaAlloc(&h->arena, h->words.n * sizeof *done);
  if (!done) return SN_NOMEM;
  memset(done, 0xff, h->words.n * sizeof *done);
  for (u32 i = 0; !rc && i < h->nspan; i++) {
    rc = highlightSpanHits(h, h->span[i].s, done, h->span[i].unit);
  }
  return rc;
}

/* What is looked for by places. */
static int highlightPlaces(Highlight *h) {
  int rc;
  if (!h->nphrase && !h->nspan) return SEINE_OK;
  h->places_left = (u64)h->t.n * HIGHLIGHT_PLACES + HIGHLIGHT_LEAST;
  rc = highlightLists(h);
  if (!rc) rc = highlightPhrases(h);
  return rc ? rc : highlightSpans(h);
}

/* ---- The piece that is shown -------------------------------------------- */

/* Is there an end of a sentence between token i and the one before? */
static bool highlightSentence(const Highlight *h, u32 i) {
  u32 from, to;
  if (!i) return true;
  from = SN_MIN(h->t.to[i - 1], h->n);
  to = SN_MIN(h->t.from[i], h->n);
  for (u32 k = from; k < to; k++) {
    const u8 *p = h->p + k;
    if (*p == '\n' || *p == '.' || *p == '!' || *p == '?') return true;
    if (to - k < 3) continue;
    if (!memcmp(p, "\xe3\x80\x82", 3) || !memcmp(p, "\xef\xbc\x81", 3) ||
        !memcmp(p, "\xef\xbc\x9f", 3)) {
      return true; /* the full stop, ! and ? of Chinese and Japanese */
    }
  }
  return false;
}

/* The hits by their first token and by their last, of those that fit into
** a window. */
typedef struct HighlightWindow {
  KeyIdx *by_first, *by_last;
  u32 *unit_in, n;
} HighlightWindow;

static int highlightWindowOpen(Highlight *h, HighlightWindow *w, u32 size) {
  KeyIdx *tmp = snArenaAlloc(&h->arena, h->nhit * sizeof *tmp);
  w->n = 0;
  w->by_first = snArenaAlloc(&h->arena, h->nhit * sizeof *tmp);
  w->by_last = snArenaAlloc(&h->arena, h->nhit * sizeof *tmp);
  w->unit_in = snArenaZero(&h->arena, h->units * sizeof *w->unit_in);
  if (!tmp || !w->by_first || !w->by_last || !w->unit_in) return SN_NOMEM;
  for (u32 i = 0; i < h->nhit; i++) {
    const HighlightHit *x = h->hit + i;
    if (x->last - x->first >= size) continue;
    w->by_first[w->n] = (KeyIdx){x->first, i};
    w->by_last[w->n++] = (KeyIdx){x->last, i};
  }
  int rc = snSortKeysStop(w->by_first, w->n, tmp, h->stop);
  return rc ? rc : snSortKeysStop(w->by_last, w->n, tmp, h->stop);
}

/* The first token of the window of `size` tokens with the most units, then
** the most hits, then the earliest: only windows that end with a hit count.
** *first, *last: the tokens of the hits in it. */
static void highlightWindowBest(Highlight *h, HighlightWindow *w, u32 size,
    u32 *first, u32 *last) {
  u32 units = 0, hits = 0, best_units = 0, best_hits = 0, out = 0;
  for (u32 k = 0; k < w->n; k++) {
    const HighlightHit *x = h->hit + w->by_last[k].idx;
    if (!w->unit_in[x->unit]++) units++;
    hits++;
    while (w->by_first[out].key + size <= x->last) {
      const HighlightHit *y = h->hit + w->by_first[out++].idx;
      if (!--w->unit_in[y->unit]) units--;
      hits--;
    }
    if (units < best_units || (units == best_units && hits <= best_hits)) {
      continue;
    }
    best_units = units;
    best_hits = hits;
    *first = (u32)w->by_first[out].key;
    *last = x->last;
  }
}

/* Sets the bytes that are shown: all, or max_tokens tokens around the best
** hits, from the begin of a sentence when one is near. */
static int highlightChoose(Highlight *h) {
  u32 size = h->m->max_tokens, count = h->t.n, first = 0, last = 0, at, k;
  HighlightWindow w;
  int rc;
  h->to = h->n;
  if (!size || count <= size) return SEINE_OK;
  if (h->nhit) {
    rc = highlightWindowOpen(h, &w, size);
    if (rc) return rc;
    first = last = h->hit[0].first;
    highlightWindowBest(h, &w, size, &first, &last);
  }
  at = (size - (last - first + 1)) / 2;
  at = SN_MIN(first - SN_MIN(first, at), count - size);
  for (k = at; k + HIGHLIGHT_BACK >= at && last - k < size; k--) {
    if (highlightSentence(h, k)) {
      at = k;
      break;
    }
    if (!k) break;
  }
  if (at) h->from = SN_MIN(h->t.from[at], h->n);
  if (at + size < count) h->to = SN_MIN(h->t.to[at + size - 1], h->n);
  h->to = SN_MAX(h->to, h->from);
  return SEINE_OK;
}

/* ---- Output ------------------------------------------------------------- */

static void highlightPut(const Highlight *h, Buf *out, u32 from, u32 to) {
  if (to > from) snBufAdd(out, h->p + from, to - from);
}

/* Marks the ranges of the hits, cut to what is shown. */
static int highlightWrite(Highlight *h, Buf *out) {
  KeyIdx *order = snArenaAlloc(&h->arena, 2ull * h->nhit * sizeof *order);
  u32 done = h->from;
  if (!order) return SN_NOMEM;
  for (u32 i = 0; i < h->nhit; i++) {
    order[i] = (KeyIdx){h->hit[i].from, i};
  }
  int rc = snSortKeysStop(order, h->nhit, order + h->nhit, h->stop);
  if (rc) return rc;
  if (h->from) snBufStr(out, h->m->dots);
  for (u32 i = 0; i < h->nhit;) {
    const HighlightHit *x = h->hit + order[i].idx;
    u32 from = x->from, to = x->to;
    if (highlightStops(h, i)) return SEINE_INTERRUPT;
    for (i++; i < h->nhit && order[i].key < to; i++) {
      to = SN_MAX(to, h->hit[order[i].idx].to);
    }
    from = SN_MAX(from, h->from);
    to = SN_MIN(to, h->to);
    if (from >= to) continue;
    highlightPut(h, out, done, from);
    snBufStr(out, h->m->open);
    highlightPut(h, out, from, to);
    snBufStr(out, h->m->close);
    done = to;
  }
  highlightPut(h, out, done, h->to);
  if (h->to < h->n) snBufStr(out, h->m->dots);
  return out->rc;
}

static int highlightPlaceCmp(void *arg, u32 a, u32 b) {
  const HighlightHit *x = ((Highlight *)arg)->hit + a;
  const HighlightHit *y = ((Highlight *)arg)->hit + b;
  if (x->from != y->from) return x->from < y->from ? -1 : 1;
  if (x->to != y->to) return x->to < y->to ? -1 : 1;
  return (x->unit > y->unit) - (x->unit < y->unit);
}

/* [[first byte, bytes, unit], ...]: every hit, overlapping ones too. */
static int highlightList(Highlight *h, Buf *out) {
  u32 *order = snArenaAlloc(&h->arena, 2ull * h->nhit * sizeof *order);
  if (!order) return SN_NOMEM;
  for (u32 i = 0; i < h->nhit; i++) order[i] = i;
  int rc = snSortIndexStop(order, h->nhit, order + h->nhit, highlightPlaceCmp,
      h, h->stop);
  if (rc) return rc;
  snBufByte(out, '[');
  for (u32 i = 0; i < h->nhit; i++) {
    const HighlightHit *x = h->hit + order[i];
    if (highlightStops(h, i)) return SEINE_INTERRUPT;
    if (i && !highlightPlaceCmp(h, order[i - 1], order[i])) continue;
    snBufPrintf(out, "%s[%u,%u,%u]", i ? "," : "", x->from, x->to - x->from,
        x->unit);
  }
  snBufByte(out, ']');
  return out->rc;
}

/* A hit of the whole text, unless there is no unit. */
static int highlightWhole(Highlight *h, u32 unit) {
  HighlightHit x = {0, 0, 0, h->n, unit};
  int rc = snMemGrow(h->budget, &h->hit, &h->hit_cap, (u64)h->nhit + 1,
      sizeof *h->hit);
  if (!rc && unit != HIGHLIGHT_NONE) h->hit[h->nhit++] = x;
  return rc;
}

/* A KEYWORD is one token, of as many hits as units meet it. */
static int highlightKeyword(Highlight *h) {
  u32 w = h->words.n ? snStrSetFind(&h->words, h->p, h->n) : HIGHLIGHT_NONE;
  int rc = SEINE_OK;
  if (w != HIGHLIGHT_NONE) rc = highlightWhole(h, h->word_unit[w]);
  if (!rc) rc = highlightWhole(h, highlightPrefixOf(h, h->p, h->n));
  for (u32 k = 0; k < h->npattern && !rc; k++) {
    bool fits;
    rc = snRegexMatch(h->pattern[k].regex, h->p, h->n, &fits);
    if (!rc && fits) rc = highlightWhole(h, h->pattern[k].unit);
  }
  h->to = h->n;
  return rc;
}

static int highlightText(Highlight *h, const QueryCut *cut) {
  const Column *col = h->m->table->col + h->m->column;
  int rc = cut->cut(cut->arg, col, h->p, h->n, &h->t);
  h->to = h->n;
  if (rc || !h->t.n || !h->t.from || !h->t.to) return rc;
  rc = highlightWords(h);
  if (!rc) rc = highlightPlaces(h);
  if (!rc && !h->m->list) rc = highlightChoose(h);
  return rc;
}

int snMarkText(const Marker *m, const QueryCut *cut, Budget *b, const u8 *p,
    u32 n, Buf *out) {
  Highlight h = {.m = m, .budget = b, .p = p, .n = n, .stop = snMemStop(b)};
  u8 type = TYPE_NULL;
  int rc;
  snArenaInit(&h.arena, b);
  snStrSetInit(&h.words, b);
  if (m->column < m->table->ncol) {
    type = m->table->col[m->column].type & (u8)~TYPE_ARRAY;
  }
  rc = m->query ? highlightQuery(&h, m->query) : SEINE_OK;
  if (!rc) rc = highlightPrefixes(&h);
  h.to = n;
  if (!rc && type == TYPE_TEXT && n) rc = highlightText(&h, cut);
  else if (!rc && type == TYPE_KEYWORD && n) rc = highlightKeyword(&h);
  if (!rc) rc = m->list ? highlightList(&h, out) : highlightWrite(&h, out);

  snMemFree(h.word_unit);
  snMemFree(h.prefix);
  for (u32 i = 0; i < h.npattern; i++) snRegexFree(h.pattern[i].regex);
  snMemFree(h.pattern);
  snMemFree(h.phrase);
  for (u32 i = 0; i < h.nspan; i++) snSpansClear(h.span[i].s);
  snMemFree(h.span);
  snMemFree(h.hit);
  snStrSetClear(&h.words);
  snArenaClear(&h.arena);
  return rc;
}

#undef HIGHLIGHT_NONE
#undef HIGHLIGHT_PLACES
#undef HIGHLIGHT_LEAST
#undef HIGHLIGHT_BACK
