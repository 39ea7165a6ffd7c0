/*
** sqlfuzz_query: selects by chance.
**
** What SQLite writes in another way, or at greater length, is written twice, of
** the same pieces (nodeEither): LATERAL, SEMI and ANTI JOIN, QUALIFY, GROUPING
** SETS.  UNION and its like are not mixed without parentheses.  Rows come in an
** order only where all columns of the result say it; in a window they stand in
** the order of all ids, or its function does not tell peers apart.  SQLite 3.40
** has no rows for a JOIN b ON FALSE FULL JOIN c: conditions beside a RIGHT or
** FULL JOIN are never constant; and its min() and max() in a frame that slides
** pass over FILTER: there they have none.
*/
#include "sqlfuzz_gen.h"

/* ---- names -------------------------------------------------------------- */

/* Views, and what stands before the query by WITH. */
typedef struct Named {
  const char *name;
  char types[5]; /* of columns o0, o1 ... */
} Named;

enum { GEN_NAMES = 16 };
static Named queryNames[GEN_NAMES];
static int queryNnames;
static int queryOuter;  /* there are outer joins */
static int queryStrict; /* no condition of a join is constant */
static int querySides;  /* inside of so many sides of UNION */
static int queryRows;   /* a row of the sources is a row of the query */

static void queryTypes(char *types, int most) {
  int i, n = 1 + below(most);
  for (i = 0; i < n; i++) types[i] = "iiirrssbd"[below(9)];
  types[n] = 0;
}

static void queryName(const char *name, const char *types) {
  Named *n = &queryNames[queryNnames];
  if (queryNnames == GEN_NAMES) return;
  n->name = name;
  snprintf(n->types, sizeof n->types, "%s", types);
  queryNnames++;
}

static const char *queryNamesOf(const char *types) {
  const char *list = "";
  int i;
  for (i = 0; types[i]; i++)
    list = genText("%s%so%d", list, i ? ", " : "", i);
  return list;
}

static void queryOutputs(Scope *s, int k, const char *types) {
  int i;
  for (i = 0; types[i]; i++)
    scopeAdd(s, genText("x%d.o%d", k, i), types[i], 0);
}

/* ---- sources ------------------------------------------------------------ */

static Node *queryBase(Scope *s) {
  int t = below(GEN_TABLES), k = ++genAlias, i;
  const Table *at = &genCase->tables[t];
  for (i = 0; i < at->cols; i++) {
    scopeAdd(s, genText("x%d.c%d", k, i), at->types[i], !i);
    s->cols[s->n - 1].searched = at->types[i] == 's' && !at->coded[i];
  }
  return node('-', "t%d x%d", t, k);
}

Node *genTable(Scope *s) {
  const Named *v;
  int k;
  if (!queryNnames || chance(60)) return queryBase(s);
  v = &queryNames[below(queryNnames)];
  k = ++genAlias;
  queryOutputs(s, k, v->types);
  return node('-', "%s x%d", v->name, k);
}

/* A column of each side, of types that compare: they are of s, as what else a
** condition holds may pick its own. */
static int queryPair(const Scope *s, int from, const Col **a, const Col **b) {
  Scope left = {.n = from}, right = {.n = s->n - from};
  int i, at = below(6);
  memcpy(left.cols, s->cols, (size_t)left.n * sizeof *s->cols);
  memcpy(right.cols, s->cols + from, (size_t)right.n * sizeof *s->cols);
  for (i = 0; i < 6; i++) {
    char t = "iirsdb"[(at + i) % 6];
    const Col *l = scopePick(&left, t);
    const Col *r = scopePick(&right, t == 'i' && chance(15) ? 'r' : t);
    if (!l || !r) continue;
    *a = s->cols + (l - left.cols);
    *b = s->cols + from + (r - right.cols);
    return 1;
  }
  return 0;
}

static Node *queryOn(Scope *s, int from, int depth) {
  static const char *const compare[] = {"<", "<=", ">", "<>"};
  const char *same = chance(85) ? "=" : "IS";
  const Col *a, *b, *c, *d;
  int pair = queryPair(s, from, &a, &b);
  if (queryStrict) {
    if (!pair) return node('-', "TRUE");
    if (chance(70)) return node('-', "(%s %s %s)", a->name, same, b->name);
    if (chance(50))
      return node('-', "(%s %s %s)", a->name, compare[below(4)], b->name);
    return node('-', "(%s = %s OR %n)", a->name, b->name, genBool(s, depth));
  }
  if (!pair || chance(15)) return genBool(s, depth);
  if (chance(65)) return node('b', "(%s %s %s)", a->name, same, b->name);
  if (chance(50) && queryPair(s, from, &c, &d))
    return node('b', "(%s %s %s AND %s = %s)", a->name, same, b->name,
        c->name, d->name);
  return node('b', "(%s = %s AND %n)", a->name, b->name, genBool(s, depth));
}

static void queryAppend(Scope *s, const Scope *in, int n) {
  int i;
  for (i = 0; i < n && s->n < 60; i++) s->cols[s->n++] = in->cols[i];
}

/* Two sources in parentheses: a join, or the first one's rows that have or
** lack a partner. */
static Node *queryInner(Scope *s, int depth) {
  Scope in = {0};
  Node *a = genTable(&in), *b, *on;
  int k = genAlias, from = in.n, anti = chance(50);
  b = genTable(&in);
  on = queryOn(&in, from, depth - 1);
  if (chance(60)) {
    queryAppend(s, &in, in.n);
    return node('-', "(%n %s %n ON %n)", a,
        queryOuter && chance(50) ? "LEFT JOIN" : "JOIN", b, on);
  }
  queryAppend(s, &in, from);
  return nodeEither(
      node('-', "(%n %s JOIN %n ON %n)", a, anti ? "ANTI" : "SEMI", b, on),
      node('-', "(SELECT * FROM %n WHERE %sEXISTS (SELECT 1 FROM %n "
          "WHERE %n)) x%d", a, anti ? "NOT " : "", b, on, k));
}

static Node *queryWith(int depth);

static Node *querySource(Scope *s, int plain, int depth) {
  int k, had = queryNnames, how = below(100);
  char types[4];
  Node *with, *q;
  if (plain) return queryBase(s);
  if (depth > 0 && how >= 15 && how < 25) return queryInner(s, depth);
  if (depth <= 0 || how >= 15) return genTable(s);
  k = ++genAlias;
  queryTypes(types, 3);
  with = chance(15) ? queryWith(depth - 1) : node('-', "");
  q = genTop(types, genSelect(types, chance(50) ? s->outer : 0, depth - 1));
  queryNnames = had;
  queryOutputs(s, k, types);
  return node('-', "(%n%n) x%d", with, q, k);
}

/* A source that names columns of those before it.  SQLite is told a join. */
static Node *queryLateral(Scope *s, int depth) {
  const char *left = queryOuter && chance(50) ? "LEFT " : "";
  Node *from, *where, *on;
  int k, at = s->n;
  if (!genPeer && chance(50)) {
    char types[4];
    k = ++genAlias;
    queryTypes(types, 3);
    from = genTop(types, genSelect(types, s, depth - 1));
    queryOutputs(s, k, types);
    return node('-', " %sJOIN LATERAL (%n) x%d ON %n", left, from, k,
        genBool(s, depth - 1));
  }
  from = genTable(s);
  k = genAlias;
  where = queryOn(s, at, depth - 1);
  if (s->n > at && s->cols[at].is_id && chance(40)) {
    const char *id = s->cols[at].name;
    Node *top = node('-', "%n ORDER BY %s%s LIMIT %d", where, id,
        chance(50) ? " DESC" : "", 1 + below(3));
    return nodeEither(
        node('-', " %sJOIN LATERAL (SELECT * FROM %n WHERE %n) x%d ON TRUE",
            left, from, top, k),
        node('-', " %sJOIN %n ON %s IN (SELECT %s FROM %n WHERE %n)", left,
            from, id, id, from, top));
  }
  on = queryOn(s, at, depth - 1);
  return nodeEither(
      node('-', " %sJOIN LATERAL (SELECT * FROM %n WHERE %n) x%d ON %n", left,
          from, where, k, on),
      node('-', " %sJOIN %n ON (%n) AND (%n)", left, from, where, on));
}

/* USING: such a column has a name of its own, which is told apart only where
** nothing else is named so. */
static Node *queryUsing(Scope *s, const char *join, Node *next, int alone) {
  static const char *const lists[] = {"c0", "c1", "c0, c1", "c2"};
  const char *list = lists[below(4)];
  if (alone > 1 && !genNested) {
    if (strchr(list, '0')) scopeAdd(s, "c0", 'i', 0);
    if (strchr(list, '1')) scopeAdd(s, "c1", 'i', 0);
    if (strchr(list, '2')) scopeAdd(s, "c2", 'r', 0);
  }
  return node('-', " %s %n USING (%s)", join, next, list);
}

/* first: 1 the first join, 2 the only one. */
static Node *queryJoin(Scope *s, int plain, int depth, int first) {
  static const char *const joins[] = {"JOIN", "JOIN", "JOIN", "INNER JOIN",
      "LEFT JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN"};
  Node *next, *on;
  int from = s->n;
  const char *join = joins[below(!queryOuter ? 4 : queryStrict ? 8 : 6)];
  if (!plain && !queryStrict && depth > 0 && chance(15))
    return queryLateral(s, depth);
  next = querySource(s, plain, depth);
  if (chance(10) && !queryStrict) return node('-', " CROSS JOIN %n", next);
  if (first && chance(12) && s->cols[0].is_id && s->cols[from].is_id)
    return queryUsing(s, join, next, first);
  on = queryOn(s, from, depth - 1);
  return node('-', " %s %n ON %n", join, next, on);
}

static Node *queryFrom(Scope *s, int plain, int depth) {
  Scope *outer = s->outer;
  int n = chance(50) ? 0 : chance(70) ? 1 : 2, comma = chance(20), i;
  int strict = queryStrict;
  Node *f;
  queryStrict = queryOuter && chance(60);
  f = querySource(s, plain, depth);
  s->outer = 0; /* conditions of joins look at the joined alone */
  for (i = 0; i < n; i++) {
    Node *next = comma ? node('-', ", %n", querySource(s, plain, depth)) :
        queryJoin(s, plain, depth, i ? 0 : n > 1 ? 1 : 2);
    f = node('-', "%n%n", f, nodeOptional(next));
  }
  s->outer = outer;
  queryStrict = strict;
  return f;
}

/* ---- aggregates --------------------------------------------------------- */

static Node *queryAggregate(Scope *s, char type, int depth) {
  static const char *const any[] = {"min", "max"};
  Scope *outer = s->outer;
  const char *distinct = chance(20) ? "DISTINCT " : "";
  Node *filter, *n;
  /* or it may be one of the query around, which then gives one row */
  if (chance(90) || queryRows) s->outer = 0;
  filter = nodeOptional(chance(15) ? node('-', " FILTER (WHERE %n)",
      genBool(s, depth)) : node('-', ""));
  if (type == 'i' && chance(75)) {
    n = chance(35) ? node('i', "count(*)%n", filter) : chance(50) ?
        node('i', "count(%s%n)%n", distinct,
            genExpr(s, genType(), depth), filter) :
        node('i', "sum(%s%n)%n", distinct, genExpr(s, 'i', depth), filter);
  } else if (type == 'r' && chance(60)) {
    n = node('r', "%s(%s%n)%n",
        !genPeer && chance(30) ? "median" : chance(50) ? "avg" : "total",
        distinct, genExpr(s, chance(50) ? 'i' : 'r', depth), filter);
  } else if (type == 's' && !genPeer && chance(50)) {
    Node *e = genExpr(s, 's', depth);
    n = node('s', "string_agg(%n, ',' ORDER BY %n)%n", e, e, filter);
  } else if (type == 'b') {
    n = node('b', "(count(%n)%n > %d)", genExpr(s, 'i', depth), filter,
        below(4));
  } else {
    n = node(type, "%s(%n)%n", any[below(2)], genExpr(s, type, depth),
        filter);
  }
  s->outer = outer;
  return n;
}

/* A window over the groups. */
static Node *queryOverGroups(Scope *s, char type, int depth) {
  Node *a = queryAggregate(s, type, depth);
  if (type == 'b') return a;
  if (type == 'i' && chance(50)) {
    return chance(50) ? node('i', "rank() OVER (ORDER BY %n)", a) :
        node('i', "sum(%n) OVER ()", a);
  }
  return node(type, "%s(%n) OVER (ORDER BY %n)", chance(50) ? "min" : "max", a,
      queryAggregate(s, genType(), depth));
}

static Node *queryList(Node *list, Node *e, int i) {
  return list ? node('-', "%n, %n AS o%d", list, e, i) :
      node('-', "%n AS o%d", e, i);
}

Node *genItems(Scope *s, const char *types, int depth,
    Node *(*item)(Scope *, char, int)) {
  Node *list = 0;
  int i;
  for (i = 0; types[i]; i++)
    list = queryList(list, item(s, types[i], depth), i);
  return list;
}

static Node *queryWhere(Scope *s, int depth) {
  const Col *c = scopePick(s, 'i');
  if (chance(50)) return node('-', "");
  if (c && chance(15)) {
    return nodeOptional(chance(50) ? node('-', " WHERE %s IS NULL", c->name) :
        node('-', " WHERE %s = %d AND %n", c->name, below(4),
            genBool(s, depth)));
  }
  return nodeOptional(node('-', " WHERE %n", genBool(s, depth)));
}

static Node *queryHaving(Scope *s, int depth) {
  return nodeOptional(chance(30) ? node('-', " HAVING %n > %d",
      queryAggregate(s, 'i', depth - 1), below(4)) : node('-', ""));
}

/* GROUP BY: the keys are o0 ..., what follows are aggregates. */
static Node *queryGroup(const char *types, Scope *outer, int depth) {
  Scope s = {.outer = outer};
  Node *from = queryFrom(&s, 0, depth), *list = 0, *keys = 0;
  int nkeys = below((int)strlen(types) + 1), over = chance(15), i;
  for (i = 0; types[i]; i++) {
    Node *e;
    if (i < nkeys) {
      const Col *c = scopePick(&s, types[i]);
      e = c ? node(types[i], "%s", c->name) :
          genExpr(&s, types[i], depth - 1);
      keys = keys ? node('-', "%n, %n", keys, e) : node('-', "%n", e);
    } else {
      e = over && !outer ? queryOverGroups(&s, types[i], depth - 1) :
          queryAggregate(&s, types[i], depth - 1);
    }
    list = queryList(list, e, i);
  }
  if (!nkeys) {
    return node('q', "SELECT %n FROM %n%n", list, from,
        queryWhere(&s, depth));
  }
  return node('q', "SELECT %n FROM %n%n GROUP BY %n%n", list, from,
      queryWhere(&s, depth), keys, queryHaving(&s, depth));
}

/* ---- grouping sets ------------------------------------------------------ */

typedef struct Cube {
  const char *types;
  const Col *keys[3];
  int nkeys;
  char is_key[5];     /* of an output: 1 + its key, or 0 */
  Node *items[5];     /* NULL: which keys are not there */
  Node *from, *where, *having;
} Cube;

/* Bits of the keys that are not in the set, the last key lowest. */
static int cubeLacks(const Cube *c, int set) {
  int k, lacks = 0;
  for (k = 0; k < c->nkeys; k++) lacks = lacks * 2 + !(set >> k & 1);
  return lacks;
}

/* One set, as a select of its own. */
static Node *cubeSet(const Cube *c, int set) {
  const char *by = "";
  Node *list = 0;
  int i, k;
  for (i = 0; c->types[i]; i++) {
    Node *e = c->items[i];
    k = c->is_key[i] - 1;
    if (k >= 0)
      e = node('-', "%s", set >> k & 1 ? c->keys[k]->name : "NULL");
    else if (!e)
      e = node('-', "%d", cubeLacks(c, set));
    list = queryList(list, e, i);
  }
  for (k = 0; k < c->nkeys; k++) {
    if (set >> k & 1)
      by = genText("%s%s%s", by, *by ? ", " : " GROUP BY ", c->keys[k]->name);
  }
  return node('-', "SELECT %n FROM %n%n%s%n", list, c->from, c->where, by,
      c->having);
}

/* The sets by a word: those that Seine is told, and their bits. */
static const char *cubeSets(const Cube *c, const char *keys, int *sets,
    int *n) {
  int k, how = below(3), all = (1 << c->nkeys) - 1;
  const char *list = "";
  *n = 0;
  if (how == 0) {
    for (k = c->nkeys; k >= 0; k--) sets[(*n)++] = (1 << k) - 1;
    return genText("ROLLUP (%s)", keys);
  }
  if (how == 1) {
    for (k = 0; k <= all; k++) sets[(*n)++] = k;
    return genText("CUBE (%s)", keys);
  }
  while (*n < 2) {
    const char *one = "";
    int set = *n ? below(all + 1) : all;
    for (k = 0; k < c->nkeys; k++)
      if (set >> k & 1)
        one = genText("%s%s%s", one, *one ? ", " : "", c->keys[k]->name);
    list = genText("%s%s(%s)", list, *n ? ", " : "", one);
    sets[(*n)++] = set;
  }
  return genText("GROUPING SETS (%s)", list);
}

static Node *queryCube(const char *types, Scope *outer, int depth) {
  Scope s = {.outer = outer};
  Cube c = {.types = types};
  Node *list = 0, *peer = 0;
  const char *keys = "", *sets_text;
  int i, k, n, len = (int)strlen(types), sets[8];
  c.from = queryFrom(&s, 0, depth);
  s.outer = 0; /* keys are columns of its own */
  for (i = 0; i < len; i++) {
    const Col *key = i < 3 && (i < len - 1 || !i) ?
        scopePick(&s, len > 1 ? types[i] : genType()) : 0;
    if (key && !strchr(key->name, '.')) key = 0; /* of USING: one side's */
    for (k = 0; k < c.nkeys; k++) if (c.keys[k] == key) key = 0;
    if (key) {
      if (len > 1) c.is_key[i] = (char)(c.nkeys + 1);
      keys = genText("%s%s%s", keys, *keys ? ", " : "", key->name);
      c.keys[c.nkeys++] = key;
    }
  }
  s.outer = outer;
  if (!c.nkeys) return queryGroup(types, outer, depth);
  for (i = 0; i < len; i++) {
    k = c.is_key[i] - 1;
    if (k < 0 && (types[i] != 'i' || chance(75) || i == len - 1))
      c.items[i] = queryAggregate(&s, types[i], depth - 1);
    list = queryList(list, k >= 0 ? node('-', "%s", c.keys[k]->name) :
        c.items[i] ? c.items[i] : node('-', "GROUPING(%s)", keys), i);
  }
  c.where = queryWhere(&s, depth);
  c.having = queryHaving(&s, depth);
  sets_text = cubeSets(&c, keys, sets, &n);
  for (i = 0; i < n; i++)
    peer = peer ? node('-', "%n UNION ALL %n", peer, cubeSet(&c, sets[i])) :
        cubeSet(&c, sets[i]);
  return node('q', "%n", nodeEither(
      node('-', "SELECT %n FROM %n%n GROUP BY %s%n", list, c.from, c.where,
          sets_text, c.having),
      node('-', "SELECT * FROM (%n)", peer)));
}

/* ---- windows ------------------------------------------------------------ */

static const char *windowIds(const Scope *s) {
  const char *list = "";
  int i;
  for (i = 0; i < s->n; i++) {
    if (s->cols[i].is_id)
      list = genText("%s%s%s", list, *list ? ", " : "", s->cols[i].name);
  }
  return list;
}

/* unit: how bounds count.  offsets: n PRECEDING is told. */
static const char *windowFrame(const char *unit, int offsets) {
  static const char *const exclude[] = {"", "", "", " EXCLUDE CURRENT ROW",
      " EXCLUDE GROUP", " EXCLUDE TIES", " EXCLUDE NO OTHERS"};
  const char *text[2] = {"UNBOUNDED PRECEDING", "UNBOUNDED FOLLOWING"};
  int from = below(4), to = 1 + below(4), i;
  if (from > to) to = 4;
  if (!offsets) {
    from = chance(50) ? 0 : 2;
    to = chance(50) ? 2 : 4;
  }
  for (i = 0; i < 2; i++) {
    int bound = i ? to : from;
    if (bound == 2) text[i] = "CURRENT ROW";
    if (bound == 1 || bound == 3)
      text[i] = genText("%d %s", below(4),
          bound == 1 ? "PRECEDING" : "FOLLOWING");
  }
  return genText(" %s BETWEEN %s AND %s%s", unit, text[0], text[1],
      exclude[below(7)]);
}

/* The order of a window and a frame of it; of all ids, if rows must not be
** alike. */
static Node *windowOver(Scope *s, int depth, int by_ids) {
  static const char *const ends[] = {"", " DESC", " NULLS LAST",
      " DESC NULLS FIRST"};
  static const char *const units[] = {"RANGE", "GROUPS"};
  int how = by_ids ? 0 : below(5);
  const char *end = ends[below(4)];
  Node *key;
  if (how == 0) {
    return node('-', "ORDER BY %s%s", windowIds(s),
        chance(20) ? "" : windowFrame(chance(70) ? "ROWS" : "GROUPS", 1));
  }
  if (how == 1)
    return node('-', "%s", chance(50) ? "" : windowFrame("RANGE", 0));
  key = genExpr(s, how == 2 ? "ir"[below(2)] : genType(), depth);
  if (how == 2) { /* a bound is exact: a whole number */
    return node('-', "ORDER BY round(%n)%s%s", key, end,
        windowFrame("RANGE", 1));
  }
  if (how == 3)
    return node('-', "ORDER BY %n%s%s", key, end, windowFrame("GROUPS", 1));
  return node('-', "ORDER BY %n%s%s", key, end,
      chance(50) ? "" : windowFrame(units[below(2)], 0));
}

static Node *windowRank(Scope *s, Node *part, int depth) {
  static const char *const ranks[] = {"rank()", "dense_rank()"};
  if (chance(30))
    return node('i', "row_number() OVER (%nORDER BY %s)", part, windowIds(s));
  if (chance(20)) {
    return node('i', "ntile(%d) OVER (%nORDER BY %s)", 1 + below(4), part,
        windowIds(s));
  }
  return node('i', "%s OVER (%nORDER BY %n%s)", ranks[below(2)], part,
      genExpr(s, genType(), depth), chance(40) ? " DESC" : "");
}

/* A row of the partition, or of the frame. */
static Node *windowPick(Scope *s, char type, Node *part, int depth) {
  static const char *const picks[] = {"first_value", "last_value"};
  Node *x = genExpr(s, type, depth);
  if (chance(40)) {
    return node(type, "%s(%n, %d, %n) OVER (%nORDER BY %s)",
        chance(50) ? "lag" : "lead", x, below(3), genExpr(s, type, 0), part,
        windowIds(s));
  }
  if (chance(30)) {
    return node(type, "nth_value(%n, %d) OVER (%n%n)", x, 1 + below(3), part,
        windowOver(s, depth, 1));
  }
  return node(type, "%s(%n) OVER (%n%n)", picks[below(2)], x, part,
      windowOver(s, depth, 1));
}

static Node *queryWindow(Scope *s, char type, int depth) {
  Node *part = nodeOptional(chance(60) ? node('-', "PARTITION BY %n ",
      genExpr(s, genType(), depth - 1)) : node('-', ""));
  Node *filter, *call;
  if (type == 'b')
    return node('b', "(%n > 1)", queryWindow(s, 'i', depth));
  if (type == 'i' && chance(30)) return windowRank(s, part, depth - 1);
  if (type == 'r' && chance(20)) {
    return node('r', "%s() OVER (%nORDER BY %n)",
        chance(50) ? "percent_rank" : "cume_dist", part,
        genExpr(s, genType(), depth - 1));
  }
  if (chance(30)) return windowPick(s, type, part, depth - 1);
  filter = nodeOptional(chance(20) ? node('-', " FILTER (WHERE %n)",
      genBool(s, depth - 1)) : node('-', ""));
  if (chance(25)) {
    return node(type, "%s(%n)%n OVER (%n%n)", chance(50) ? "min" : "max",
        genExpr(s, type, depth - 1), genPeer ? node('-', "") : filter, part,
        windowOver(s, depth - 1, 0));
  }
  if (genPeer && type != 'i' && type != 'r') filter = node('-', "");
  call = type == 'i' && chance(20) ? node('i', "count(*)") :
      type == 'i' ? node('i', "%s(%n)", chance(50) ? "sum" : "count",
          genExpr(s, 'i', depth - 1)) :
      type == 'r' ? node('r', "%s(%n)", chance(50) ? "avg" : "total",
          genExpr(s, 'r', depth - 1)) :
      node(type, "min(%n)", genExpr(s, type, depth - 1));
  return node(type, "%n%n OVER (%n%n)", call, filter, part,
      windowOver(s, depth - 1, 0));
}

static Node *queryWindows(const char *types, Scope *outer, int depth) {
  Scope s = {.outer = outer};
  Node *from = queryFrom(&s, 1, depth), *list, *where, *only;
  int least = below(4);
  list = genItems(&s, types, depth, queryWindow);
  where = queryWhere(&s, depth);
  if (chance(80)) return node('q', "SELECT %n FROM %n%n", list, from, where);
  only = queryWindow(&s, 'i', depth);
  return node('q', "%n", nodeEither(
      node('-', "SELECT %n FROM %n%n QUALIFY %n > %d", list, from, where,
          only, least),
      node('-', "SELECT %s FROM (SELECT %n, %n AS only FROM %n%n) "
          "WHERE only > %d", queryNamesOf(types), list, only, from, where, least)));
}

/* ---- queries ------------------------------------------------------------ */

/* One side of a UNION, itself none. */
static Node *querySide(const char *types, Scope *outer, int depth) {
  Node *q;
  querySides++;
  q = genSelect(types, outer, depth - 1);
  querySides--;
  return q;
}

/* A side with a number for each time that a row is there. */
static Node *queryCounted(Node *side, const char *outputs) {
  return node('-', "SELECT %s, row_number() OVER (PARTITION BY %s) AS nth "
      "FROM (%n)", outputs, outputs, side);
}

static Node *querySet(const char *types, Scope *outer, int depth) {
  static const char *const sets[] = {"UNION", "UNION ALL", "INTERSECT",
      "EXCEPT"};
  const char *set = sets[below(4)], *outputs = queryNamesOf(types);
  Node *a = querySide(types, outer, depth), *b = querySide(types, outer, depth);
  Node *q;
  if (chance(25) && !strchr(set, 'U')) {
    return node('q', "%n", nodeEither(
        node('-', "%n %s ALL %n", a, set, b),
        node('-', "SELECT %s FROM (%n %s %n)", outputs,
            queryCounted(a, outputs), set, queryCounted(b, outputs))));
  }
  q = node('q', "%n %s %n", a, set, b);
  return chance(70) ? q :
      node('q', "%n UNION ALL %n", q, querySide(types, outer, depth));
}

Node *genSelect(const char *types, Scope *outer, int depth) {
  Scope s = {.outer = outer};
  Node *from, *items;
  int how = below(100), all = !outer || chance(30);
  if (depth > 0 && how < 20) return queryGroup(types, outer, depth - 1);
  if (depth > 0 && how < 28 && all && !querySides)
    return querySet(types, outer, depth);
  if (depth > 0 && how < 42 && all)
    return queryWindows(types, outer, depth - 1);
  if (depth > 0 && how < 50 && all)
    return queryCube(types, outer, depth - 1);
  from = queryFrom(&s, 0, depth - 1);
  items = genItems(&s, types, depth, genExpr);
  return node('q', "SELECT %n%n FROM %n%n",
      nodeOptional(node('-', "%s", chance(20) ? "DISTINCT " : "")), items,
      from, queryWhere(&s, depth));
}

static const char *queryOrder(const char *types) {
  const char *order = "";
  int i;
  for (i = 0; types[i]; i++)
    order = genText("%s%s%d%s", order, i ? ", " : "", i + 1,
        chance(30) ? " DESC" : chance(10) ? " NULLS LAST" : "");
  return order;
}

Node *genTop(const char *types, Node *query) {
  if (chance(80)) return query;
  return node('q', "%n%n", query, nodeOptional(node('-',
      " ORDER BY %s LIMIT %d OFFSET %d", queryOrder(types), below(9),
      below(3))));
}

/* Counts in its first column: that ends it. */
static Node *queryRecursive(const char *name, char *types, int depth) {
  Scope first = {0}, step = {0};
  Node *from = genTable(&first), *a, *b;
  int i;
  types[0] = 'i';
  for (i = 0; types[i]; i++)
    scopeAdd(&step, genText("%s.o%d", name, i), types[i], 0);
  a = genItems(&first, types + 1, depth, genExpr);
  b = queryBase(&step);
  i = (int)strlen(types);
  return node('-', "SELECT %d AS n, %n FROM %n%n UNION%s SELECT %s.o0 + 1, %n "
      "FROM %s%n WHERE %s.o0 < %d%n", below(3),
      types[1] ? a : node('-', "0 AS o1"), from, queryWhere(&first, depth),
      chance(50) ? " ALL" : "", name,
      types[1] ? genItems(&step, types + 1, depth, genExpr) :
          node('-', "0 AS o1"),
      name, nodeOptional(node('-', " JOIN %n ON %n", b,
          node('-', "%s = %s.o0", step.cols[i].name, name))), name,
      1 + below(4), chance(60) ? node('-', "") :
          node('-', " AND %n", genBool(&step, depth)));
}

/* WITH: what it names is there until queryNnames is put back. */
static Node *queryWith(int depth) {
  int n = 1 + below(2), recursive = chance(35), had = genNested;
  Node *list = 0;
  while (n--) {
    const char *name = genText("w%d", ++genAlias);
    char types[5];
    Node *q;
    queryTypes(types, 3);
    if (recursive && !n) {
      genNested = 0;
      if (!types[1]) memcpy(types, "ii", 3);
      q = queryRecursive(name, types, depth - 1);
      genNested = had;
    } else {
      q = genTop(types, genSelect(types, 0, depth));
    }
    q = node('-', "%s(%s) AS (%n)", name, queryNamesOf(types), q);
    list = list ? node('-', "%n, %n", list, q) : q;
    queryName(name, types);
  }
  return node('-', "WITH %s%n ", recursive ? "RECURSIVE " : "", list);
}

static void queryViews(Case *c, int depth) {
  int i;
  for (i = 0; i < GEN_VIEWS; i++) {
    char types[5];
    if (chance(70)) continue;
    queryTypes(types, 4);
    c->views[i] = genTop(types, genSelect(types, 0, depth));
    queryName(genText("v%d", i), types);
  }
}

/* The first rows of a table. */
static Node *queryFirst(const char *types, int depth) {
  static const char *const ends[] = {"", " DESC", " NULLS LAST", " DESC"};
  Scope s = {0};
  Node *from = queryBase(&s), *items = genItems(&s, types, depth, genExpr);
  Node *where = queryWhere(&s, depth);
  Node *key = genExpr(&s, chance(70) ? 'r' : 'i', depth);
  return node('q', "SELECT %n FROM %n%n ORDER BY coalesce(%n, NULL)%s, %s "
      "LIMIT %d OFFSET %d", items, from, where, key, ends[below(4)],
      s.cols[0].name, below(9), below(3));
}

/* A query with a condition that a law turns. */
static void queryOfLaw(Case *c, const char *types, int depth) {
  Scope s = {0};
  c->from = queryFrom(&s, 0, depth);
  queryRows = 1;
  c->where = genBool(&s, depth + 1);
  c->query = node('q', "SELECT %n FROM %n WHERE %n",
      genItems(&s, types, depth, genExpr), c->from, c->where);
}

void genQuery(Case *c, uint64_t seed, int q, Law law) {
  int depth = 1 + q % 3;
  char types[5];
  genSeed(seed, (uint64_t)q + 1);
  genCase = c;
  genAlias = queryNnames = queryStrict = querySides = queryRows = 0;
  genPeer = law == LAW_SQLITE || law == LAW_WRITES;
  genNested = chance(40);
  queryOuter = chance(50);
  c->ordered = 0;
  c->with = c->where = c->from = 0;
  queryTypes(types, 4);
  queryViews(c, depth);
  if (law == LAW_WRITES || law == LAW_WRITE_STORES) {
    c->query = genWrites(depth);
    return;
  }
  if (chance(20)) c->with = queryWith(depth);
  if (law == LAW_PARTS || law == LAW_COUNT) {
    queryOfLaw(c, types, depth);
    return;
  }
  if (chance(10)) {
    c->query = queryFirst(types, depth);
    c->ordered = 1;
    return;
  }
  c->query = genSelect(types, 0, depth + 1);
  if (chance(40)) {
    c->query = node('q', "%n ORDER BY %s%n", c->query, queryOrder(types),
        nodeOptional(chance(50) ? node('-', " LIMIT %d OFFSET %d", below(9),
            below(3)) : node('-', "")));
    c->ordered = 1;
  }
}
