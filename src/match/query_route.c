/*
** query_route: which terms lead from a document to a stored query?
**
** A column of queries is an inverted column whose words are routes: terms of
** which a document must have one for the query to have a chance.  So the
** queries that may match a document are found as documents are: by an OR of
** its terms.
**
** (1) Whatever a query matches has one of its routes.  The converse need not
**     hold: who finds a query by its routes must still ask it.
** (2) What all must match needs the routes of one of its parts: of the one
**     with the fewest; of equal ones, of the one whose shortest term is the
**     longest, since long words are rare.
** (3) What depends on more than terms (ranges, prefixes, patterns, fuzzy
**     words), and what only excludes, has the one route "*".
** (4) Routes depend on the text and on the columns of the table alone.
*/
#include "match/match.h"

typedef struct RouteItem {
  struct RouteItem *next;
  const Query *term;
} RouteItem;
typedef struct Route {
  RouteItem *first, *last;
  u32 n, least;        /* terms, bytes of the shortest */
  bool always;
} Route;
static const Route route_never = {.least = UINT32_MAX};
static const Route route_always = {.always = true};

int snQueryStored(Arena *a, const Table *t, const char *p, u32 n,
    const QueryCut *cut, Query **out) {
  QueryAsk ask = {.form = ASK_QUERY, .op_set = true,
      .edits = QUERY_EDITS_AUTO, .boost = 1};
  return snQueryAsk(a, t, &ask, p, n, cut, out);
}

/* A name with a colon in it stands as a number: no two columns share names. */
void snQueryRouteName(Buf *b, const Column *col, const void *p, u32 n) {
  bool plain = !strchr(col->name, ':') && col->name[0] != 1;
  b->n = 0;
  if (plain) snBufPrintf(b, "%s:", col->name);
  else snBufPrintf(b, "\1%u:", col->id);
  snBufAdd(b, p, n);
  if (!b->rc && b->n > UINT32_MAX) b->rc = SN_NOMEM;
}

static bool routeBetter(const Route *a, const Route *b) {
  if (a->always || b->always) return !a->always && b->always;
  return a->n != b->n ? a->n < b->n : a->least > b->least;
}

/* Either will do: the terms of both. */
static void routeUnite(Route *to, const Route *r) {
  if (to->always || r->always) {
    *to = route_always;
    return;
  }
  if (!r->n) return;
  if (to->last) to->last->next = r->first;
  else to->first = r->first;
  to->last = r->last;
  to->n += r->n;
  to->least = SN_MIN(to->least, r->least);
}

static int routeTerm(Arena *a, const Query *q, Route *out) {
  RouteItem *i = snArenaZero(a, sizeof *i);
  if (!i) return SN_NOMEM;
  i->term = q;
  *out = (Route){i, i, 1, q->len, false};
  return SEINE_OK;
}

static int routeNode(Arena *a, const Query *q, Route *out);

static int routeCompare(void *arg, u32 i, u32 k) {
  const Route *r = arg;
  return routeBetter(r + i, r + k) ? -1 : routeBetter(r + k, r + i);
}

/* Of the kids that may match `least` must: without the least - 1 worst of
** them, one is left that does. */
static int routeSome(Arena *a, const Query *q, u32 least, Route *out) {
  u32 n = 0, i = 0;
  for (const Query *k = q->kids; k; k = k->next) n += k->occur == OCCUR_SHOULD;
  Route *r = snArenaAlloc(a, (n + 1ull) * sizeof *r);
  u32 *order = snArenaAlloc(a, (2ull * n + 1) * sizeof *order);
  if (!r || !order) return SN_NOMEM;
  for (const Query *k = q->kids; k; k = k->next) {
    if (k->occur != OCCUR_SHOULD) continue;
    int rc = routeNode(a, k, r + i);
    if (rc) return rc;
    order[i] = i;
    i++;
  }
  *out = route_never;
  if (least > n) return SEINE_OK;
  snSortIndex(order, n, order + n, routeCompare, r);
  for (i = 0; i < n - (least - 1); i++) routeUnite(out, r + order[i]);
  return SEINE_OK;
}

/* All, or the best, of the kids. */
static int routeKids(Arena *a, const Query *q, bool all, Route *out) {
  *out = all ? route_never : route_always;
  for (const Query *k = q->kids; k; k = k->next) {
    Route r;
    int rc = routeNode(a, k, &r);
    if (rc) return rc;
    if (all) routeUnite(out, &r);
    else if (routeBetter(&r, out)) *out = r;
  }
  return SEINE_OK;
}

static int routeBool(Arena *a, const Query *q, Route *out) {
  bool must = false;
  Route some = route_always;
  int rc = SEINE_OK;
  *out = route_always;
  for (const Query *k = q->kids; k && !rc; k = k->next) {
    Route r;
    if (k->occur != OCCUR_MUST) continue;
    must = true;
    rc = routeNode(a, k, &r);
    if (!rc && routeBetter(&r, out)) *out = r;
  }
  if (rc || (must && !q->min)) return rc;
  rc = routeSome(a, q, SN_MAX(q->min, 1), &some);
  if (!rc && routeBetter(&some, out)) *out = some;
  return rc;
}

/* The first part must be there; of WITHIN and CONTAINING both. */
static int routeSpan(Arena *a, const Query *q, Route *out) {
  switch (snSpanOp(q)) {
  case SPAN_OR: return routeKids(a, q, true, out);
  case SPAN_EXCEPT:
    if (!q->kids) break;
    return routeNode(a, q->kids, out);
  default: return routeKids(a, q, false, out);
  }
  *out = route_never;
  return SEINE_OK;
}

/* As deep as the parser allows. */
static int routeNode(Arena *a, const Query *q, Route *out) {
  switch (q->kind) {
  case QUERY_TERM: return routeTerm(a, q, out);
  case QUERY_BOOL: return routeBool(a, q, out);
  case QUERY_MAX: return routeKids(a, q, true, out);
  case QUERY_PHRASE:
  case QUERY_SPAN: return routeSpan(a, q, out);
  case QUERY_NONE: *out = route_never; break;
  default: *out = route_always;
  }
  return SEINE_OK;
}

int snQueryRoute(Arena *a, const Table *t, const Query *q, StrSet *out) {
  Route r;
  Buf b;
  int rc = routeNode(a, q, &r);
  if (rc) return rc;
  if (r.always) {
    (void)snStrSetAdd(out, QUERY_ROUTE_ALWAYS, 1);
    return out->rc;
  }
  snBufInit(&b, a->budget);
  for (const RouteItem *i = r.first; i && !b.rc; i = i->next) {
    const Query *k = i->term;
    snQueryRouteName(&b, t->col + k->column, k->text, k->len);
    if (!b.rc) (void)snStrSetAdd(out, b.data, (u32)b.n);
  }
  rc = b.rc ? b.rc : out->rc;
  snBufClear(&b);
  return rc;
}
