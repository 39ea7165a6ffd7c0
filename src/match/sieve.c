/*
** sieve: may a query match a document that has these terms, and no others?
**
** A bound query becomes a condition in words of 32 bits, each node before its
** kids; the low 2 bits say what it is:
**
**   TERM   number of the term << 2
**   SOME   least << 2, number of kids, words of it all, kids: so many of the
**          kids must hold; all of none do
**   NOT    0, kid
**   PHRASE words << 2, and of each: number of the term, its place
**
** Invariants:
** (1) What the query matches passes.  When it is exact, nothing else does.
** (2) A part that is not exact stands for what its terms ask for, or for
**     everything; under a NOT it is left out.
*/
#include "match/match.h"

enum { SIEVE_TERM, SIEVE_SOME, SIEVE_NOT, SIEVE_PHRASE };
#define SIEVE_HEAD 3u

void snSieveInit(Sieve *s, Budget *b) {
  memset(s, 0, sizeof *s);
  s->budget = b;
  snStrSetInit(&s->terms, b);
}

void snSieveClear(Sieve *s) {
  snStrSetClear(&s->terms);
  snMemFree(s->code);
  snSieveInit(s, s->budget);
}

static void sieveWord(Sieve *s, u32 v) {
  if (s->rc) return;
  s->rc = snMemGrow(s->budget, &s->code, &s->cap, s->n + 1ull,
      sizeof *s->code);
  if (!s->rc) s->code[s->n++] = v;
}

static u32 sieveId(Sieve *s, const Table *t, const Query *q) {
  Buf b;
  snBufInit(&b, s->budget);
  snQueryRouteName(&b, t->col + q->column, q->text, q->len);
  u32 id = b.rc ? 0 : snStrSetAdd(&s->terms, b.data, (u32)b.n);
  if (!s->rc) s->rc = b.rc ? b.rc : s->terms.rc;
  if (!s->rc && id > UINT32_MAX >> 2) s->rc = SN_NOMEM;
  snBufClear(&b);
  return id;
}

static void sieveTerm(Sieve *s, const Table *t, const Query *q) {
  u32 id = sieveId(s, t, q);
  sieveWord(s, id << 2 | SIEVE_TERM);
}

static void sievePhrase(Sieve *s, const Table *t, const Query *q) {
  sieveWord(s, q->nkids << 2 | SIEVE_PHRASE);
  for (const Query *k = q->kids; k && !s->rc; k = k->next) {
    u32 id = sieveId(s, t, k);
    sieveWord(s, id);
    sieveWord(s, k->pos);
  }
}

/* A SOME whose kids follow, and its end. */
static u32 sieveBegin(Sieve *s) {
  u32 at = s->n;
  for (u32 i = 0; i < SIEVE_HEAD; i++) sieveWord(s, SIEVE_SOME);
  return at;
}

static void sieveEnd(Sieve *s, u32 at, u32 least, u32 kids) {
  if (s->rc) return;
  s->code[at] = SN_MIN(least, UINT32_MAX >> 2) << 2 | SIEVE_SOME;
  s->code[at + 1] = kids;
  s->code[at + 2] = s->n - at;
}

/* Everything, or nothing. */
static void sieveConstant(Sieve *s, bool holds) {
  sieveEnd(s, sieveBegin(s), !holds, 0);
}

static bool sieveNode(Sieve *s, const Table *t, const Query *q);

static bool sieveNot(Sieve *s, const Table *t, const Query *q, u32 *kids) {
  u32 at = s->n;
  sieveWord(s, SIEVE_NOT);
  bool exact = sieveNode(s, t, q);
  if (exact) ++*kids;
  else if (!s->rc) s->n = at;
  return exact;
}

static bool sieveBool(Sieve *s, const Table *t, const Query *q) {
  u32 at = sieveBegin(s), kids = 0, must = 0, some = 0;
  bool exact = true;
  for (const Query *k = q->kids; k && !s->rc; k = k->next) {
    if (k->occur == OCCUR_NOT) exact &= sieveNot(s, t, k, &kids);
    if (k->occur != OCCUR_MUST) continue;
    exact &= sieveNode(s, t, k);
    kids++;
    must++;
  }
  if (!must || q->min) {
    u32 group = sieveBegin(s);
    for (const Query *k = q->kids; k && !s->rc; k = k->next) {
      if (k->occur != OCCUR_SHOULD) continue;
      exact &= sieveNode(s, t, k);
      some++;
    }
    sieveEnd(s, group, SN_MAX(q->min, 1), some);
    kids++;
  }
  sieveEnd(s, at, kids, kids);
  return exact;
}

/* All, or one, of the kids. */
static bool sieveKids(Sieve *s, const Table *t, const Query *q, bool all) {
  u32 at = sieveBegin(s), kids = 0;
  bool exact = true;
  for (const Query *k = q->kids; k && !s->rc; k = k->next, kids++)
    exact &= sieveNode(s, t, k);
  sieveEnd(s, at, all ? kids : 1, kids);
  return exact;
}

/* Where its words stand is not told by terms. */
static bool sieveSpan(Sieve *s, const Table *t, const Query *q) {
  SpanOp op = snSpanOp(q);
  if (op == SPAN_EXCEPT && q->kids) (void)sieveNode(s, t, q->kids);
  else (void)sieveKids(s, t, q, op != SPAN_OR);
  return false;
}

/* As deep as the parser allows.  Whether it is exact. */
static bool sieveNode(Sieve *s, const Table *t, const Query *q) {
  switch (q->kind) {
  case QUERY_TERM: sieveTerm(s, t, q); return true;
  case QUERY_BOOL: return sieveBool(s, t, q);
  case QUERY_MAX: return sieveKids(s, t, q, false);
  case QUERY_PHRASE:
    if (q->slop) return sieveSpan(s, t, q);
    sievePhrase(s, t, q);
    return true;
  case QUERY_SPAN: return sieveSpan(s, t, q);
  case QUERY_NONE: sieveConstant(s, false); return true;
  case QUERY_ALL: sieveConstant(s, true); return true;
  default: sieveConstant(s, true); return false;
  }
}

u32 snSieveAdd(Sieve *s, const Table *t, const Query *q, bool *exact) {
  u32 at = s->n;
  *exact = sieveNode(s, t, q);
  return at;
}

/* Whether a place is among rising ones. */
static bool sieveStands(const SieveTerm *t, u32 place) {
  u32 lo = 0, hi = t->n;
  while (lo < hi) {
    u32 mid = (lo + hi) / 2;
    if (t->pos[mid] < place) lo = mid + 1;
    else hi = mid;
  }
  return lo < t->n && t->pos[lo] == place;
}

/* Words that stand at their places from some start on: see it_phrase.c. */
static bool sieveReads(const u32 *word, u32 n, const SieveDoc *d) {
  const SieveTerm *lead = NULL;
  u32 lead_place = 0;
  for (u32 i = 0; i < n; i++) {
    const SieveTerm *t = d->term + word[2 * i];
    if (t->stamp != d->stamp) return false;
    if (lead && t->n >= lead->n) continue;
    lead = t;
    lead_place = word[2 * i + 1];
  }
  for (u32 k = 0; lead && k < lead->n; k++) {
    u32 i = 0;
    if (lead->pos[k] < lead_place) continue;
    u32 start = lead->pos[k] - lead_place;
    while (i < n &&
        sieveStands(d->term + word[2 * i], start + word[2 * i + 1])) i++;
    if (i == n) return true;
  }
  return false;
}

/* *at goes behind the node. */
static bool sieveHolds(const u32 *code, u32 *at, const SieveDoc *d) {
  u32 from = *at, word = code[from], found = 0;
  switch (word & 3) {
  case SIEVE_TERM: ++*at; return d->term[word >> 2].stamp == d->stamp;
  case SIEVE_NOT: ++*at; return !sieveHolds(code, at, d);
  case SIEVE_PHRASE:
    *at += 1 + 2 * (word >> 2);
    return sieveReads(code + from + 1, word >> 2, d);
  default: break;
  }
  u32 least = word >> 2, kids = code[from + 1], end = from + code[from + 2];
  *at = from + SIEVE_HEAD;
  for (u32 k = 0; k < kids && found < least && least - found <= kids - k; k++)
    found += sieveHolds(code, at, d);
  *at = end;
  return found >= least;
}

bool snSievePasses(const Sieve *s, u32 at, const SieveDoc *d) {
  return sieveHolds(s->code, &at, d);
}

#undef SIEVE_HEAD
