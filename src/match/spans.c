/*
** spans: the places of a text that a tree of spans asks for.
**
** A span is a first and a last position.  Each node has a list of spans, made
** from those of its kids:
**
**   word        one for each of its positions
**   OR          those of all kids
**   PHRASE      from where one of the first kid begins to where the last of
**               those ends that begin, one of each kid, as far behind it as
**               their `pos` are behind its
**   ORDERED     one of each kid, each behind the one before
**   NEAR        ... in any order of the kids
**   FIRST       those of the kid that end below slop
**   WITHIN      those of the first kid that lie in one of the second
**   CONTAINING  those of the first kid in which one of the second lies
**   EXCEPT      those of the first kid that share no position with one of the
**               second
**
** Any other node, and one without kids, is an OR.
**
** Gaps are positions of an ORDERED or NEAR that lie in none of its parts.
** What stands above such a node hands them on; a PHRASE has none.
**
** (1) Of each list only the least spans are kept: none holds another one of
**     the list.  So first and last both rise, and of two spans that are equal
**     the one with fewer gaps stays.
** (2) Two parts are joined to the least spans from an x to a y behind it;
**     those with more than slop gaps are dropped.  ORDERED joins its first
**     two kids, that with the third, and so on.
** (3) NEAR of up to SPANS_EXACT kids: what a set of kids makes is made of
**     each of them, joined behind what the others make.  When there are two
**     kids, or all spans of each kid are equally wide, (2) and (3) give the
**     least of all choices of one span of each kid, none sharing a position
**     with another, that have up to slop gaps.
** (4) NEAR of more kids: the least spans in which each kid has one, and equal
**     words as many as they are; parts may share positions.  Gaps are counted
**     with the last ones of each kid, and too many drop the span.
** (5) The tree is a list of steps over a stack of lists, which lies in one
**     array.  The cost of a step grows with the length of its lists: NEAR
**     looks at them up to 75 times (3), or at all kids for each span (4).
*/
#include "match/match.h"

#define SPANS_EXACT 5u

/* Steps beside SpanOp: those with two kids take the two lists on top. */
enum {
  SPANS_WORD = SPAN_EXCEPT + 1, /* its positions come on top */
  SPANS_NONE,  /* an empty list comes on top */
  SPANS_PLAIN  /* the top has no gaps */
};

/* A kid of a NEAR of many.  Equal words are a ring, which starts at the first
** of them: that has the list of all. */
typedef struct SpansPart {
  u32 head, next;
  u32 turn;          /* of a head: whose span is the oldest of the ring */
  bool set;
  Span span;
} SpansPart;

struct SpansStep {
  u8 op;
  u32 arg;           /* slop, the word, or the distance in a PHRASE */
  u32 n;             /* NEAR: kids */
  SpansPart *part;   /* NEAR of more than SPANS_EXACT */
};

/* ---- the steps of a tree ------------------------------------------------ */

static void spansAdd(Spans *s, u32 op, u32 arg, u32 n, SpansPart *part) {
  if (!s->rc)
    s->rc = snMemGrow(s->budget, &s->step, &s->step_cap, s->nstep + 1ull,
        sizeof *s->step);
  if (!s->rc)
    s->step[s->nstep++] = (SpansStep){(u8)op, arg, n, part};
}

static void spansAddWord(Spans *s, const Query *q, u32 times, bool shown,
    bool read) {
  if (!s->rc)
    s->rc = snMemGrow(s->budget, &s->word, &s->word_cap, s->nword + 1ull,
        sizeof *s->word);
  if (s->rc) return;
  spansAdd(s, read ? SPANS_WORD : SPANS_NONE, s->nword, 0, NULL);
  s->word[s->nword++] = (SpanWord){q, times, shown, read, NULL, 0};
}

/* The kids of a NEAR of many, equal words linked. */
static SpansPart *spansParts(Spans *s, const Query *q) {
  SpansPart *part = snArenaZero(s->arena, q->nkids * sizeof *part);
  u32 *last = snArenaAlloc(s->arena, q->nkids * sizeof *last), i = 0;
  StrSet words;
  snStrSetInit(&words, s->budget);
  for (const Query *k = q->kids; k && part && last; k = k->next, i++) {
    u32 was = words.n, w = was;
    part[i].head = part[i].next = part[i].turn = i;
    if (k->kind == QUERY_TERM) w = snStrSetAdd(&words, k->text, k->len);
    if (w < was) { /* behind the last one that is equal */
      part[i].head = part[last[w]].head;
      part[i].next = part[last[w]].next;
      part[last[w]].next = i;
    }
    if (k->kind == QUERY_TERM && !words.rc) last[w] = i;
  }
  if (!part || !last) s->rc = SN_NOMEM;
  else if (words.rc) s->rc = words.rc;
  snStrSetClear(&words);
  return part;
}

/* The lists of kids of an OR are joined in pairs, the pairs in pairs: so no
** span is looked at more often than log2 of their number.  i: kids so far;
** last: there are no more. */
static void spansAddOr(Spans *s, u32 i, bool last) {
  u32 n = last ? (u32)__builtin_popcount(i) - 1 : (u32)__builtin_ctz(i);
  if (last) n += (u32)__builtin_ctz(i);
  while (n--) spansAdd(s, SPAN_OR, 0, 0, NULL);
}

/* What is to be done when the list of kid i (from 0) has come on top. */
static void spansAddKid(Spans *s, const Query *q, const Query *k, u32 i) {
  SpanOp op = snSpanOp(q);
  switch (op) {
    case SPAN_OR: spansAddOr(s, i + 1, !k->next); break;
    case SPAN_PHRASE:
      assert(k->pos >= q->kids->pos);
      if (i) spansAdd(s, op, k->pos - q->kids->pos, 0, NULL);
      else spansAdd(s, SPANS_PLAIN, 0, 0, NULL);
      break;
    case SPAN_NEAR: spansAdd(s, SPANS_PLAIN, 0, 0, NULL); break;
    case SPAN_ORDERED:
      if (i) spansAdd(s, op, q->slop, 0, NULL);
      else spansAdd(s, SPANS_PLAIN, 0, 0, NULL);
      break;
    case SPAN_FIRST: spansAdd(s, op, q->slop, 0, NULL); break;
    default: if (i) spansAdd(s, op, 0, 0, NULL);
  }
}

/* With k kids NEAR makes at most times[k] spans for each of any kid: by (3)
** that is 1, and for each other kid times[k - 1]. */
static u32 spansTimes(const Query *q, u32 i, u32 times) {
  static const u32 near[SPANS_EXACT + 1] = {1, 1, 2, 5, 16, 65};
  switch (snSpanOp(q)) {
    case SPAN_OR: return q->nkids == 1 ? times : 0;
    case SPAN_PHRASE: case SPAN_ORDERED: return times;
    case SPAN_NEAR:
      return q->nkids > SPANS_EXACT ? 0 : SN_MIN(times * near[q->nkids], 255u);
    default: return i ? 0 : times;
  }
}

/* The tree is at most as deep as the parser allows. */
static void spansTree(Spans *s, const Query *q, u32 times, bool shown) {
  SpanOp op = snSpanOp(q);
  SpansPart *part = NULL;
  u32 i = 0;
  if (s->rc) return;
  if (q->kind == QUERY_TERM) {
    spansAddWord(s, q, times, shown, true);
    return;
  }
  if (!q->kids) spansAdd(s, SPANS_NONE, 0, 0, NULL);
  if (op == SPAN_NEAR && q->nkids > SPANS_EXACT) part = spansParts(s, q);
  for (const Query *k = q->kids; k && !s->rc; k = k->next, i++) {
    bool hidden = i && (op == SPAN_WITHIN || op == SPAN_EXCEPT);
    if (part && part[i].head != i) spansAddWord(s, k, 0, shown, false);
    else spansTree(s, k, spansTimes(q, i, times), shown && !hidden);
    spansAddKid(s, q, k, i);
  }
  if (op == SPAN_NEAR && i > 1) spansAdd(s, op, q->slop, i, part);
}

int snSpansInit(Spans *s, Budget *b, Arena *a, const Query *q) {
  memset(s, 0, sizeof *s);
  s->budget = b;
  s->arena = a;
  spansTree(s, q, 1, true);
  return s->rc;
}

void snSpansClear(Spans *s) {
  snMemFree(s->step);
  snMemFree(s->word);
  snMemFree(s->from);
  snMemFree(s->list);
  snMemFree(s->order);
}

/* ---- two lists ---------------------------------------------------------- */

/* Makes one list of two; all but spansOr may write it over x. */
typedef u32 (*SpansPair)(const Span *x, u32 nx, const Span *y, u32 ny,
    u32 arg, Span *out);

/* What holds another one comes before it, and so does what has more gaps. */
static bool spansBefore(const Span *a, const Span *b) {
  if (a->first != b->first) return a->first < b->first;
  return a->last != b->last ? a->last > b->last : a->gaps > b->gaps;
}

static u32 spansOr(const Span *x, u32 nx, const Span *y, u32 ny, u32 arg,
    Span *out) {
  u32 n = 0, i = 0, k = 0;
  (void)arg;
  while (i < nx || k < ny) {
    bool from_x = k == ny || (i < nx && spansBefore(x + i, y + k));
    Span v = from_x ? x[i++] : y[k++];
    while (n && out[n - 1].last >= v.last) n--;
    out[n++] = v;
  }
  return n;
}

/* Firsts rise, and lasts do, being the larger ones of two that rise. */
static u32 spansPhrase(const Span *x, u32 nx, const Span *y, u32 ny, u32 arg,
    Span *out) {
  u32 n = 0, k = 0;
  for (u32 i = 0; i < nx; i++) {
    u64 want = (u64)x[i].first + arg;
    while (k < ny && y[k].first < want) k++;
    if (k == ny) break;
    if (y[k].first != want) continue;
    out[n++] = (Span){x[i].first, SN_MAX(x[i].last, y[k].last), 0};
  }
  return n;
}

/* Of an x only the first y behind it, of a y only the last x before it. */
static u32 spansOrdered(const Span *x, u32 nx, const Span *y, u32 ny,
    u32 slop, Span *out) {
  u32 n = 0, i = 0, used = 0;
  for (u32 k = 0; k < ny; k++) {
    while (i < nx && x[i].last < y[k].first) i++;
    if (i == used) continue;
    used = i;
    Span v = x[i - 1];
    u64 gaps = (u64)v.gaps + (y[k].first - v.last - 1);
    if (gaps <= slop) out[n++] = (Span){v.first, y[k].last, (u32)gaps};
  }
  return n;
}

static u32 spansWithin(const Span *x, u32 nx, const Span *y, u32 ny, u32 arg,
    Span *out) {
  u32 n = 0, k = 0;
  (void)arg;
  for (u32 i = 0; i < nx; i++) {
    while (k < ny && y[k].first <= x[i].first) k++;
    if (k && y[k - 1].last >= x[i].last) out[n++] = x[i];
  }
  return n;
}

static u32 spansContaining(const Span *x, u32 nx, const Span *y, u32 ny,
    u32 arg, Span *out) {
  u32 n = 0, k = 0;
  (void)arg;
  for (u32 i = 0; i < nx; i++) {
    while (k < ny && y[k].first < x[i].first) k++;
    if (k == ny) break;
    if (y[k].last <= x[i].last) out[n++] = x[i];
  }
  return n;
}

static u32 spansExcept(const Span *x, u32 nx, const Span *y, u32 ny, u32 arg,
    Span *out) {
  u32 n = 0, k = 0;
  (void)arg;
  for (u32 i = 0; i < nx; i++) {
    while (k < ny && y[k].last < x[i].first) k++;
    if (k == ny || y[k].first > x[i].last) out[n++] = x[i];
  }
  return n;
}

/* ---- the stack ---------------------------------------------------------- */

/* Room for n spans on top of the stack; NULL: s->rc. */
static Span *spansRoom(Spans *s, u64 n) {
  if (!s->rc)
    s->rc = snMemGrow(s->budget, &s->list, &s->list_cap, s->n + n + 1,
        sizeof *s->list);
  return s->rc ? NULL : s->list + s->n;
}

/* An empty list comes on top. */
static void spansPush(Spans *s) {
  if (!s->rc)
    s->rc = snMemGrow(s->budget, &s->from, &s->from_cap, s->nfrom + 1ull,
        sizeof *s->from);
  if (!s->rc) s->from[s->nfrom++] = s->n;
}

/* The n spans at `list` take the place of the `lists` lists on top. */
static void spansPop(Spans *s, u32 lists, const Span *list, u32 n) {
  s->nfrom -= lists - 1;
  s->n = s->from[s->nfrom - 1];
  memmove(s->list + s->n, list, n * sizeof *list);
  s->n += n;
}

static void spansWord(Spans *s, const SpanWord *w) {
  spansPush(s);
  Span *out = spansRoom(s, w->n);
  u32 n = 0;
  if (!out) return;
  for (u32 i = 0; i < w->n; i++) {
    u32 p = w->pos[i];
    if (!n || p > out[n - 1].last) out[n++] = (Span){p, p, 0};
  }
  s->n += n;
}

static void spansTwo(Spans *s, SpansPair pair, u32 arg) {
  u32 x = s->from[s->nfrom - 2], y = s->from[s->nfrom - 1];
  u32 nx = y - x, ny = s->n - y;
  Span *out = spansRoom(s, pair == spansOr ? (u64)nx + ny : 0);
  if (!out) return;
  if (pair != spansOr) out = s->list + x;
  u32 n = pair(s->list + x, nx, s->list + y, ny, arg, out);
  spansPop(s, 2, out, n);
}

/* ---- near --------------------------------------------------------------- */

/* The list of a set of kids, one bit each, comes on top of those of its
** subsets. */
static void spansNearSet(Spans *s, u32 set, u32 slop, u32 *from, u32 *count) {
  from[set] = s->n;
  count[set] = 0;
  for (u32 left = set; left; left &= left - 1) {
    u32 kid = left & (0 - left), rest = set ^ kid, had = count[set];
    u32 most = SN_MIN(count[rest], count[kid]);
    s->n = from[set] + had;
    Span *out = spansRoom(s, 2ull * most + had);
    if (!out) return;
    u32 n = spansOrdered(s->list + from[rest], count[rest],
        s->list + from[kid], count[kid], slop, out);
    if (!n) continue;
    count[set] = spansOr(out - had, had, out, n, 0, out + n);
    memmove(out - had, out + n, count[set] * sizeof *out);
  }
  s->n = from[set] + count[set];
}

static void spansNearExact(Spans *s, u32 k, u32 slop) {
  u32 from[1 << SPANS_EXACT], count[1 << SPANS_EXACT], all = (1u << k) - 1;
  const u32 *kid = s->from + s->nfrom - k;
  for (u32 i = 0; i < k; i++) {
    from[1u << i] = kid[i];
    count[1u << i] = (i + 1 < k ? kid[i + 1] : s->n) - kid[i];
  }
  for (u32 set = 1; set <= all && !s->rc; set++)
    if (set & (set - 1)) spansNearSet(s, set, slop, from, count);
  if (!s->rc) spansPop(s, k, s->list + from[all], count[all]);
}

/* All spans of the kids in order of their ends: *n of them.  The lower half of
** a key is the kid.  Of equal words the first has the spans. */
static const KeyIdx *spansNearOrder(Spans *s, const SpansStep *t, u32 *n) {
  const u32 *kid = s->from + s->nfrom - t->n;
  u32 at = 0;
  *n = s->n - kid[0];
  s->rc = snMemGrow(s->budget, &s->order, &s->order_cap, 2ull * *n + 1,
      sizeof *s->order);
  if (s->rc) return NULL;
  for (u32 i = 0; i < t->n; i++) {
    u32 end = i + 1 < t->n ? kid[i + 1] : s->n;
    for (u32 k = kid[i]; k < end; k++)
      s->order[at++] = (KeyIdx){(u64)s->list[k].last << 32 | i, k};
  }
  snSortKeys(s->order, *n, s->order + *n);
  return s->order;
}

static u32 spansNearLow(const SpansStep *t) {
  u32 low = 0;
  for (u32 i = 1; i < t->n; i++)
    if (t->part[i].span.first < t->part[low].span.first) low = i;
  return low;
}

static void spansNearTake(SpansPart *p, Span v, u64 *wide) {
  if (p->set) *wide -= p->span.last - p->span.first + 1ull;
  *wide += v.last - v.first + 1ull;
  p->set = true;
  p->span = v;
}

/* Each kid holds the last span it had, equal words the last ones: where the
** first of these moves, a least span ends. */
static void spansNearMany(Spans *s, const SpansStep *t) {
  u32 n, lack = t->n, low = 0, found = 0;
  u64 wide = 0, above = 0;
  bool moved = true;
  const KeyIdx *order = spansNearOrder(s, t, &n);
  Span *out = spansRoom(s, n);
  if (!out) return;
  for (u32 i = 0; i < t->n; i++) {
    t->part[i].set = false;
    t->part[i].turn = i;
  }
  for (u32 e = 0; e < n; e++) {
    u32 *turn = &t->part[(u32)order[e].key].turn, at = *turn;
    SpansPart *p = t->part + at;
    Span v = s->list[order[e].idx];
    moved |= at == low;
    lack -= !p->set;
    *turn = p->next;
    spansNearTake(p, v, &wide);
    if (lack || (e + 1 < n && order[e + 1].key >> 32 == v.last)) continue;
    if (moved) low = spansNearLow(t);
    moved = false;
    v.first = t->part[low].span.first;
    u64 width = v.last - v.first + 1ull;
    v.gaps = width > wide ? (u32)(width - wide) : 0;
    if (v.first >= above && v.gaps <= t->arg) out[found++] = v;
    above = v.first + 1ull;
  }
  spansPop(s, t->n, out, found);
}

/* ---- all steps ---------------------------------------------------------- */

static void spansStep(Spans *s, const SpansStep *t) {
  static const SpansPair pair[] = {
    [SPAN_OR] = spansOr, [SPAN_PHRASE] = spansPhrase,
    [SPAN_ORDERED] = spansOrdered, [SPAN_WITHIN] = spansWithin,
    [SPAN_CONTAINING] = spansContaining, [SPAN_EXCEPT] = spansExcept,
  };
  Span *top = s->nfrom ? s->list + s->from[s->nfrom - 1] : NULL;
  u32 n = top ? s->n - s->from[s->nfrom - 1] : 0, kept = 0;
  switch (t->op) {
    case SPANS_WORD: spansWord(s, s->word + t->arg); break;
    case SPANS_NONE: spansPush(s); break;
    case SPANS_PLAIN:
      for (u32 i = 0; i < n; i++) top[i].gaps = 0;
      break;
    case SPAN_FIRST:
      while (kept < n && top[kept].last < t->arg) kept++;
      s->n -= n - kept;
      break;
    case SPAN_NEAR:
      if (t->part) spansNearMany(s, t);
      else spansNearExact(s, t->n, t->arg);
      break;
    default: spansTwo(s, pair[t->op], t->arg);
  }
}

int snSpansRun(Spans *s, const Span **out, u32 *n) {
  s->rc = SEINE_OK;
  s->n = s->nfrom = 0;
  spansRoom(s, 0);
  for (u32 i = 0; i < s->nstep && !s->rc; i++) spansStep(s, s->step + i);
  *out = s->list;
  *n = s->rc ? 0 : s->n;
  return s->rc;
}

#undef SPANS_EXACT
