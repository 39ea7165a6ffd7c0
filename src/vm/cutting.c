/*
** cutting: joins text/ and index/: the words of a value, by the analyzer of
** its column.
**
** A Cutting serves one thread: it has the stemmers and the list of words of
** its own.  What CutTokens points to lives until its next call.
**
** The words of a stored query are its routes (match/query_route.c).  They
** depend on the columns of another table, which cannot change for as long as
** the column of queries is there: see op_write.c.
*/
#include "vm/vmInt.h"

int snCuttingInit(Cutting *c, Budget *b, Session *s) {
  snTokensInit(&c->tokens, b);
  snBufInit(&c->routes, b);
  c->session = s;
  return snCutterNew(b, &c->cutter);
}

void snCuttingFree(Cutting *c) {
  while (c->ntarget) snTableDrop(c->target[--c->ntarget]);
  snMemFree(c->target);
  snMemFree(c->route);
  c->target = NULL;
  c->route = NULL;
  snBufClear(&c->routes);
  snTokensFree(&c->tokens);
  snCutterFree(c->cutter);
  c->cutter = NULL;
}

/* Queries have no words to mark or to look for. */
static bool cuttingIsQueries(const char *analyzer) {
  Column col = {.analyzer = analyzer};
  size_t n;
  return snTableTarget(&col, &n) != NULL;
}

static int cuttingBy(Cutting *c, const char *analyzer, const u8 *p, u32 n,
    u32 first_pos, CutTokens *out) {
  const Analyzer *a;
  Tokens *t = &c->tokens;
  if (cuttingIsQueries(analyzer)) {
    *out = (CutTokens){.next_pos = first_pos};
    return SEINE_OK;
  }
  int rc = snCutterFind(c->cutter, analyzer, strlen(analyzer), &a);
  snTokensClear(t);
  t->next_pos = first_pos;
  if (!rc) rc = snTextCut(c->cutter, a, (const char *)p, n, t);
  out->n = rc ? 0 : t->n;
  out->at = t->at;
  out->len = t->len;
  out->pos = t->pos;
  out->from = t->from;
  out->to = t->to;
  out->bytes = t->bytes.data;
  out->next_pos = t->next_pos;
  return rc;
}

/* Texts of queries may be cut by a chain of their own. */
static const char *cuttingSearch(const Column *col) {
  return col->search ? col->search : col->analyzer;
}

/* ---- stored queries ----------------------------------------------------- */

int snCuttingFind(Cutting *c, Session *s, const Table *t) {
  for (u32 i = 0; i < t->ncol; i++) {
    TableState *found = NULL;
    size_t n;
    const char *name = snTableTarget(t->col + i, &n);
    if (!name) continue;
    int rc = snSessionFind(s, name, n, &found);
    if (!rc && found)
      rc = snMemGrow(c->routes.budget, &c->target, &c->target_cap,
          c->ntarget + 1ull, sizeof *c->target);
    if (rc) return rc;
    if (found) c->target[c->ntarget++] = snTableKeep(found->table);
  }
  return SEINE_OK;
}

/* No such table: the file is damaged, since one cannot be dropped. */
static int cuttingTarget(const Cutting *c, const char *name, size_t n,
    const Table **out) {
  TableState *t = NULL;
  int rc = c->session ? snSessionFind(c->session, name, n, &t) : SEINE_OK;
  *out = t ? t->table : NULL;
  for (u32 i = 0; i < c->ntarget && !*out; i++)
    if (snAsciiEq(c->target[i]->name, strlen(c->target[i]->name), name, n))
      *out = c->target[i];
  return rc || *out ? rc : SN_CORRUPT;
}

static int cuttingRoutes(Cutting *c, const StrSet *set, u32 first_pos,
    CutTokens *out) {
  int rc = snMemGrow(c->routes.budget, &c->route, &c->route_cap,
      3ull * set->n + 1, sizeof *c->route);
  if (rc) return rc;
  u32 *at = c->route, *len = at + set->n, *pos = len + set->n;
  c->routes.n = 0;
  for (u32 i = 0; i < set->n; i++) {
    at[i] = (u32)c->routes.n;
    len[i] = set->refs[i].n;
    pos[i] = first_pos + i;
    snBufAdd(&c->routes, set->refs[i].p, set->refs[i].n);
  }
  *out = (CutTokens){.n = set->n, .at = at, .len = len, .pos = pos,
      .bytes = c->routes.data, .next_pos = first_pos + set->n};
  if (!c->routes.rc && c->routes.n > UINT32_MAX) return SEINE_TOOBIG;
  rc = c->routes.rc;
  c->routes.rc = SEINE_OK;
  return rc;
}

static int cuttingQuery(Cutting *c, const char *target, size_t len,
    const u8 *p, u32 n, u32 first_pos, CutTokens *out) {
  QueryCut cut = {snCuttingQuery, snCuttingFold, c};
  const Table *t;
  Arena arena;
  StrSet set;
  Query *q;
  snArenaInit(&arena, c->routes.budget);
  snStrSetInit(&set, c->routes.budget);
  int rc = cuttingTarget(c, target, len, &t);
  if (!rc) rc = snQueryStored(&arena, t, (const char *)p, n, &cut, &q);
  if (!rc) rc = snQueryRoute(&arena, t, q, &set);
  if (!rc) rc = cuttingRoutes(c, &set, first_pos, out);
  snStrSetClear(&set);
  snArenaClear(&arena);
  return rc;
}

/* ---- what is called ----------------------------------------------------- */

int snCuttingAt(void *arg, const Column *col, const u8 *p, u32 n,
    u32 first_pos, CutTokens *out) {
  size_t len;
  const char *target = snTableTarget(col, &len);
  if (target) return cuttingQuery(arg, target, len, p, n, first_pos, out);
  return cuttingBy(arg, col->analyzer, p, n, first_pos, out);
}

int snCuttingStored(void *arg, const Column *col, const u8 *p, u32 n,
    CutTokens *out) {
  return cuttingBy(arg, col->analyzer, p, n, 0, out);
}

int snCuttingQuery(void *arg, const Column *col, const u8 *p, u32 n,
    CutTokens *out) {
  return cuttingBy(arg, cuttingSearch(col), p, n, 0, out);
}

int snCuttingFold(void *arg, const Column *col, const u8 *p, u32 n,
    Buf *out) {
  Cutting *c = arg;
  const char *analyzer = cuttingSearch(col);
  const Analyzer *a;
  if (cuttingIsQueries(analyzer)) {
    snBufAdd(out, p, n);
    return out->rc;
  }
  int rc = snCutterFind(c->cutter, analyzer, strlen(analyzer), &a);
  return rc ? rc : snTextFold(c->cutter, a, (const char *)p, n, out);
}
