/*
** percolate: which stored queries match a document?
**
** Three looks, each at what the one before has left:
**
**   routes   the queries of which the document has a route, by the postings
**            of their column
**   sieve    their conditions on words, as kept in memory
**   search   for a query that asks for more than those (ranges, prefixes ...):
**            an ordinary search in a table that has the document alone
**
** Invariants:
** (1) A query that matches passes each look; what passes the last one, or an
**     exact sieve, matches.
** (2) A sieve is kept by segment and document number.  A segment never
**     changes, so it is good until a table changes (the cookie moves) or a
**     rollback lets numbers of segments come back (the epoch moves).
** (3) What is kept is counted, and all of it is forgotten when it takes more
**     than PERCOLATE_KEEP bytes, or an eighth of the memory limit.
** (4) Texts are gathered once for all rows of a window that need them.
*/
#include "vm/vmInt.h"

#define PERCOLATE_KEEP (64ll << 20)
#define PERCOLATE_EXACT 1u
#define PERCOLATE_TURN 1024u /* terms between two looks whether to end */

/* sieve[doc]: 0 not known yet, else (place + 1) << 1 | exact. */
typedef struct PercolateSeg {
  u64 serial;
  u32 column;          /* id */
  u32 *sieve;
} PercolateSeg;

struct Percolator {
  Budget used;
  u64 cookie, epoch;
  Sieve sieve;
  PercolateSeg *seg;
  u32 nseg, cap;
  SieveTerm *has;      /* by term of the sieve */
  u32 has_cap;
  u32 stamp;
};

typedef struct PercolateHit { i64 rowid; DictText text; } PercolateHit;

typedef struct PercolateRun {
  TableCall *call;
  Percolator *p;
  const Column *col;   /* of the queries */
  View *doc;
  StrSet terms;        /* of the document, named as routes are */
  SieveTerm *place;    /* ... and where they stand */
  u32 place_cap;
  Arena places;
  u32 known;           /* terms of the sieve that were looked for */
  Arena window, query; /* memory of one of them */
  PercolateHit *hit;
  u32 nhit, hit_cap;
  /* The window: */
  Segment *seg;
  u32 docs[SN_WINDOW], n;
  DictText text[SN_WINDOW];
} PercolateRun;

/* ---- what is kept ------------------------------------------------------- */

int snPercolatorNew(Budget *b, Percolator **out) {
  Percolator *p = *out = snMemZero(b, sizeof *p);
  if (!p) return SN_NOMEM;
  p->used.parent = b;
  snSieveInit(&p->sieve, &p->used);
  return SEINE_OK;
}

static void percolateForget(Percolator *p) {
  while (p->nseg) snMemFree(p->seg[--p->nseg].sieve);
  snMemFree(p->seg);
  snMemFree(p->has);
  snSieveClear(&p->sieve);
  p->seg = NULL;
  p->has = NULL;
  p->cap = p->has_cap = 0;
}

void snPercolatorFree(Percolator *p) {
  if (!p) return;
  percolateForget(p);
  snMemFree(p);
}

static bool percolateFull(const Percolator *p) {
  i64 limit = p->used.parent->limit;
  i64 most = limit ? SN_MIN(limit / 8, PERCOLATE_KEEP) : PERCOLATE_KEEP;
  return p->used.used > most;
}

/* The sieves of a segment, none known at first. */
static int percolateSeg(PercolateRun *x, u32 **out) {
  Percolator *p = x->p;
  for (u32 i = 0; i < p->nseg; i++) {
    PercolateSeg *s = p->seg + i;
    if (s->serial != snSegmentSerial(x->seg) || s->column != x->col->id)
      continue;
    *out = s->sieve;
    return SEINE_OK;
  }
  int rc = snMemGrow(&p->used, &p->seg, &p->cap, p->nseg + 1ull,
      sizeof *p->seg);
  if (rc) return rc;
  *out = snMemZero(&p->used, snSegmentDocs(x->seg) * sizeof **out);
  if (!*out) return SN_NOMEM;
  p->seg[p->nseg++] =
      (PercolateSeg){snSegmentSerial(x->seg), x->col->id, *out};
  return SEINE_OK;
}

/* ---- the document ------------------------------------------------------- */

/* A term of the document, and its positions when it has some. */
static int percolateTerm(PercolateRun *x, const Column *col, Dict *d, u32 ord,
    const Buf *name) {
  const u32 *pos = NULL;
  SieveTerm at = {0};
  Postings post;
  u32 k = snStrSetAdd(&x->terms, name->data, (u32)name->n);
  int rc = x->terms.rc;
  if (!rc)
    rc = snMemGrow(x->call->budget, &x->place, &x->place_cap, k + 1ull,
        sizeof *x->place);
  if (rc) return rc;
  x->place[k] = at;
  if (!d || (col->type & (u8)~TYPE_ARRAY) != TYPE_TEXT) return SEINE_OK;
  rc = snPostOpen(x->doc->seg[0], col->id, d, ord, &post);
  if (rc) return rc;
  if (snPostSeek(&post, 0) == 0) rc = snPostPositions(&post, &pos, &at.n);
  if (!rc && at.n) {
    u32 *to = snArenaAlloc(&x->places, at.n * sizeof *to);
    if (to) memcpy(to, pos, at.n * sizeof *to);
    else rc = SN_NOMEM;
    at.pos = to;
  }
  if (!rc) rc = post.rc;
  x->place[k] = at;
  snPostClose(&post);
  return rc;
}

/* Whether to stop at the i-th of many terms. */
static int percolateTurn(const PercolateRun *x, u32 i) {
  const TableCall *c = x->call;
  if (i % PERCOLATE_TURN != PERCOLATE_TURN - 1) return SEINE_OK;
  return c->cancelled(c->cancel_arg) ? SEINE_INTERRUPT : SEINE_OK;
}

static int percolateColumn(PercolateRun *x, const Column *col) {
  Dict *d;
  DictIter it;
  Buf name;
  int rc = snDictTerms(x->doc->seg[0], col->id, &d);
  if (rc || !d) return rc;
  snBufInit(&name, x->call->budget);
  snDictIterOpen(&it, d, 0);
  while (!rc && snDictIterNext(&it)) {
    snQueryRouteName(&name, col, it.text.data, (u32)it.text.n);
    rc = name.rc ? name.rc : percolateTerm(x, col, d, it.ord, &name);
    if (!rc) rc = percolateTurn(x, it.ord);
  }
  if (!rc) rc = it.rc;
  snDictIterClose(&it);
  snBufClear(&name);
  return rc;
}

static int percolateTerms(PercolateRun *x) {
  const Table *t = x->doc->table;
  const Buf always = {.data = (u8 *)QUERY_ROUTE_ALWAYS, .n = 1};
  int rc = percolateTerm(x, NULL, NULL, 0, &always);
  for (u32 i = 0; !rc && i < t->ncol; i++)
    if (snTypeForm(t->col[i].type & (u8)~TYPE_ARRAY) == FORM_STR)
      rc = percolateColumn(x, t->col + i);
  return rc;
}

/* Stamps the terms of the sieve that the document has. */
static int percolateStamp(PercolateRun *x) {
  Percolator *p = x->p;
  const StrSet *s = &p->sieve.terms;
  u32 had = p->has_cap;
  if (x->known == s->n) return SEINE_OK;
  int rc = snMemGrow(&p->used, &p->has, &p->has_cap, s->n, sizeof *p->has);
  if (rc) return rc;
  if (p->has_cap > had)
    memset(p->has + had, 0, (p->has_cap - had) * sizeof *p->has);
  for (u32 i = 0; i < x->terms.n; i++) {
    u32 k = snStrSetFind(s, x->terms.refs[i].p, x->terms.refs[i].n);
    if (k == UINT32_MAX) continue;
    p->has[k] = x->place[i];
    p->has[k].stamp = p->stamp;
  }
  x->known = s->n;
  return SEINE_OK;
}

/* ---- first look: routes ------------------------------------------------- */

/* The rows of a segment of which the document has a route. */
static int percolateRoutes(PercolateRun *x, u64 *bits) {
  u32 docs = snSegmentDocs(x->seg);
  Dict *d;
  int rc = snDictTerms(x->seg, x->col->id, &d);
  for (u32 i = 0; !rc && d && i < x->terms.n; i++) {
    u32 ord;
    Postings post;
    rc = percolateTurn(x, i);
    if (!rc)
      rc = snDictFind(d, x->terms.refs[i].p, x->terms.refs[i].n, &ord);
    if (rc || ord == DICT_NONE) continue;
    rc = snPostOpen(x->seg, x->col->id, d, ord, &post);
    if (rc) break;
    snPostFill(&post, 0, docs, bits);
    rc = post.rc;
    snPostClose(&post);
  }
  return rc;
}

/* ---- second look: the sieve --------------------------------------------- */

static int percolateBind(PercolateRun *x, const DictText *t, Query **q) {
  return snQueryStored(&x->query, x->doc->table, (const char *)t->p, t->n,
      snSessionCut(x->call->session), q);
}

static int percolateAdd(PercolateRun *x, const DictText *t, u32 *out) {
  Sieve *s = &x->p->sieve;
  bool exact = false;
  Query *q;
  int rc = percolateBind(x, t, &q);
  u32 at = rc ? 0 : snSieveAdd(s, x->doc->table, q, &exact);
  snArenaClear(&x->query);
  if (!rc) rc = s->rc;
  if (!rc && at >= UINT32_MAX / 2 - 1) rc = SEINE_TOOBIG;
  if (!rc) *out = (at + 1) << 1 | (exact ? PERCOLATE_EXACT : 0);
  return rc;
}

/* Those of the window that are not known yet. */
static int percolateLearn(PercolateRun *x, u32 *sieve) {
  u32 *docs = snArenaAlloc(&x->window, SN_WINDOW * sizeof *docs), n = 0;
  if (!docs) return SN_NOMEM;
  for (u32 i = 0; i < x->n; i++)
    if (!sieve[x->docs[i]]) docs[n++] = x->docs[i];
  if (!n) return SEINE_OK;
  int rc = snAskTexts(x->seg, x->col, docs, n, &x->window, x->text);
  for (u32 i = 0; !rc && i < n; i++)
    rc = percolateAdd(x, x->text + i, sieve + docs[i]);
  return rc;
}

/* What passes stays; the first *exact of x->docs match. */
static int percolateSift(PercolateRun *x, const u32 *sieve, u32 *exact) {
  const Percolator *p = x->p;
  SieveDoc doc = {p->has, p->stamp};
  u32 *rest = snArenaAlloc(&x->window, SN_WINDOW * sizeof *rest);
  u32 n = 0, nrest = 0;
  if (!rest) return SN_NOMEM;
  for (u32 i = 0; i < x->n; i++) {
    u32 v = sieve[x->docs[i]];
    if (!snSievePasses(&p->sieve, (v >> 1) - 1, &doc)) continue;
    if (v & PERCOLATE_EXACT) x->docs[n++] = x->docs[i];
    else rest[nrest++] = x->docs[i];
  }
  memcpy(x->docs + n, rest, nrest * sizeof *rest);
  *exact = n;
  x->n = n + nrest;
  return SEINE_OK;
}

/* ---- last look: a search ------------------------------------------------ */

static int percolateSearch(PercolateRun *x, const DictText *t, bool *out) {
  const TableCall *c = x->call;
  MatchHost host = {snSessionMatchRoom(c->session), c->cancelled,
      c->cancel_arg};
  u64 bits[SN_WORDS] = {0};
  Matcher *m = NULL;
  Query *q;
  int rc = percolateBind(x, t, &q);
  if (!rc) rc = snMatcherOpen(c->budget, x->doc, q, SIM_NONE, &host, &m);
  if (!rc) rc = snMatcherSegment(m, 0);
  if (!rc) rc = snMatcherFill(m, 0, bits);
  *out = bits[0] & 1;
  snMatcherClose(m);
  snArenaClear(&x->query);
  return rc;
}

static int percolateHit(PercolateRun *x, i64 rowid, const DictText *t) {
  int rc = snMemGrow(x->call->budget, &x->hit, &x->hit_cap, x->nhit + 1ull,
      sizeof *x->hit);
  const char *p = rc ? NULL : snArenaDup(x->call->arena, (const char *)t->p,
      t->n);
  if (!p) return rc ? rc : SN_NOMEM;
  x->hit[x->nhit++] = (PercolateHit){rowid, {(const u8 *)p, t->n, 0}};
  return SEINE_OK;
}

/* The first `exact` match, the others are searched for.  Both kinds ascend. */
static int percolateEnd(PercolateRun *x, u32 exact) {
  i64 *rowid = snArenaAlloc(&x->window, SN_WINDOW * sizeof *rowid);
  u64 null[SN_WORDS] = {0};
  ColReader *k;
  if (!x->n) return SEINE_OK;
  if (!rowid) return SN_NOMEM;
  int rc = snColOpen(x->seg, 0, TYPE_INTEGER, &k);
  if (!rc) rc = snColGather(k, x->docs, x->n, rowid, null);
  if (!rc)
    rc = snAskTexts(x->seg, x->col, x->docs, exact, &x->window, x->text);
  if (!rc)
    rc = snAskTexts(x->seg, x->col, x->docs + exact, x->n - exact, &x->window,
        x->text + exact);
  for (u32 i = 0; !rc && i < x->n; i++) {
    bool matches = i < exact;
    if (!matches) rc = percolateSearch(x, x->text + i, &matches);
    if (!rc && matches) rc = percolateHit(x, rowid[i], x->text + i);
  }
  return rc;
}

/* ---- all ---------------------------------------------------------------- */

/* What is kept is of this state of the tables, and not too much. */
static void percolateFresh(PercolateRun *x) {
  Session *s = x->call->session;
  Percolator *p = x->p;
  if (p->cookie != snSessionCookie(s) || p->epoch != snSessionEpoch(s) ||
      p->stamp == UINT32_MAX || p->sieve.rc || percolateFull(p)) {
    percolateForget(p);
    p->stamp = p->stamp == UINT32_MAX ? 1 : p->stamp;
    x->known = 0;
  }
  p->cookie = snSessionCookie(s);
  p->epoch = snSessionEpoch(s);
}

static int percolateWindow(PercolateRun *x, const u64 *bits, u32 w) {
  u16 list[SN_WINDOW];
  u32 *sieve, exact = 0;
  if (x->call->cancelled(x->call->cancel_arg)) return SEINE_INTERRUPT;
  x->n = snBitsList(bits, SN_WORDS, list);
  for (u32 i = 0; i < x->n; i++) x->docs[i] = w * SN_WINDOW + list[i];
  if (!x->n) return SEINE_OK;
  percolateFresh(x);
  int rc = percolateSeg(x, &sieve);
  if (!rc) rc = percolateLearn(x, sieve);
  if (!rc) rc = percolateStamp(x);
  if (!rc) rc = percolateSift(x, sieve, &exact);
  if (!rc) rc = percolateEnd(x, exact);
  snArenaClear(&x->window);
  return rc;
}

static int percolateSegment(PercolateRun *x, u32 seg) {
  const View *v = x->call->view;
  x->seg = v->seg[seg];
  u32 nwin = snSegmentWindows(x->seg);
  u64 *bits = snMemZero(x->call->budget, nwin * (size_t)SN_WORDS * 8);
  if (!bits) return SN_NOMEM;
  int rc = percolateRoutes(x, bits);
  for (u32 w = 0; !rc && w < nwin; w++) {
    u64 *of = bits + w * (size_t)SN_WORDS;
    snLiveMask(v->live[seg], w, of);
    rc = percolateWindow(x, of, w);
  }
  snMemFree(bits);
  return rc;
}

static int percolateOrder(void *arg, u32 a, u32 b) {
  const PercolateHit *h = arg;
  return h[a].rowid < h[b].rowid ? -1 : h[a].rowid > h[b].rowid;
}

static int percolateEmit(PercolateRun *x) {
  u32 *order = snArenaAlloc(x->call->arena,
      (2ull * x->nhit + 1) * sizeof *order);
  if (!order) return SN_NOMEM;
  for (u32 i = 0; i < x->nhit; i++) order[i] = i;
  snSortIndex(order, x->nhit, order + x->nhit, percolateOrder, x->hit);
  for (u32 i = 0; i < x->nhit; i++) {
    const PercolateHit *h = x->hit + order[i];
    snRowsInt(&x->call->out, h->rowid);
    snRowsStr(&x->call->out, h->text.p, h->text.n);
    snRowsEnd(&x->call->out);
  }
  return x->call->out.rc;
}

static int percolateRun(PercolateRun *x, const char *target, size_t n) {
  TableCall *c = x->call;
  int rc = snSessionPercolator(c->session, &x->p);
  if (!rc) rc = snPercolateDoc(c, target, n, &x->doc);
  if (!rc) rc = percolateTerms(x);
  if (rc) return rc;
  percolateFresh(x);
  x->p->stamp++;
  for (u32 i = 0; !rc && i < c->view->n; i++) rc = percolateSegment(x, i);
  return rc ? rc : percolateEmit(x);
}

int snPercolateFill(TableCall *c) {
  const Column *col = c->view->table->col + c->column;
  size_t n;
  const char *target = snTableTarget(col, &n);
  c->done = true;
  if (!target) {
    snprintf(c->error, 256, "percolate() needs a column of queries: %.64s is "
        "not TEXT ANALYZER 'query(table)'", col->name);
    return SEINE_ERROR;
  }
  if (c->arg[1].null) return SEINE_OK;
  PercolateRun *x = snMemZero(c->budget, sizeof *x);
  if (!x) return SN_NOMEM;
  x->call = c;
  x->col = col;
  snStrSetInit(&x->terms, c->budget);
  snArenaInit(&x->window, c->budget);
  snArenaInit(&x->places, c->budget);
  snArenaInit(&x->query, c->budget);
  int rc = percolateRun(x, target, n);
  snArenaClear(&x->query);
  snArenaClear(&x->window);
  snStrSetClear(&x->terms);
  snMemFree(x->place);
  snArenaClear(&x->places);
  snViewDrop(x->doc);
  snMemFree(x->hit);
  snMemFree(x);
  return rc;
}

#undef PERCOLATE_KEEP
#undef PERCOLATE_EXACT
#undef PERCOLATE_TURN
