/*
** sqlfuzz_gen: tables, rows and queries by chance.
**
** Types are kept apart where the two languages differ: a text is never
** compared with a number, the branches of a CASE have one type.  Texts have
** no letters beyond ASCII that have a case: SQLite lets them be.  UNION and
** its like are not mixed without parentheses.  Rows come in an order only
** where all columns of the result say it.  Reals are quarters, so that their
** sums are exact.
*/
#include <stdarg.h>
#include "sqlfuzz.h"

/* ---- memory: all of it lives until genFree() ---------------------------- */

typedef struct Chunk {
  struct Chunk *next;
  max_align_t bytes[];
} Chunk;

static Chunk *genChunks;

static void *genAlloc(size_t n) {
  Chunk *c = calloc(1, sizeof *c + n);
  if (!c) exit(2);
  c->next = genChunks;
  genChunks = c;
  return c->bytes;
}

void genFree(void) {
  while (genChunks) {
    Chunk *c = genChunks;
    genChunks = c->next;
    free(c);
  }
}

const char *genText(const char *format, ...) {
  char s[1000], *copy;
  va_list args;
  va_start(args, format);
  vsnprintf(s, sizeof s, format, args);
  va_end(args);
  copy = genAlloc(strlen(s) + 1);
  memcpy(copy, s, strlen(s));
  return copy;
}

/* ---- nodes -------------------------------------------------------------- */

/* A node by a format: %n a Node *, %s a string, %d an int. */
static Node *node(char type, const char *format, ...) {
  Node *n = genAlloc(sizeof *n);
  Text t = {0};
  va_list args;
  const char *p;
  n->type = type;
  va_start(args, format);
  for (p = format; *p; p++) {
    if (*p != '%') {
      textAdd(&t, p, 1);
      continue;
    }
    p++;
    if (*p == 's') textAddStr(&t, va_arg(args, const char *));
    else if (*p == 'd') textAddStr(&t, genText("%d", va_arg(args, int)));
    else if (*p == '%') textAdd(&t, p, 1);
    if (*p != 'n') continue;
    if (n->n + 3 > (int)(sizeof n->parts / sizeof *n->parts)) abort();
    if (t.n) n->parts[n->n++].text = genText("%s", t.p);
    textClear(&t);
    n->parts[n->n++].node = va_arg(args, Node *);
  }
  va_end(args);
  if (t.n) n->parts[n->n++].text = genText("%s", t.p);
  free(t.p);
  return n;
}

static Node *nodeOptional(Node *n) {
  n->optional = 1;
  return n;
}

void nodeText(const Node *n, Text *out) {
  int i;
  if (n->gone) return;
  for (i = 0; i < n->n; i++) {
    if (n->parts[i].text) textAddStr(out, n->parts[i].text);
    else nodeText(n->parts[i].node, out);
  }
}

/* ---- chance ------------------------------------------------------------- */

static uint64_t genState;

static void genSeed(uint64_t seed, uint64_t more) {
  genState = (seed * 0x9e3779b97f4a7c15u) ^ (more * 0xd1b54a32d192ed03u);
  if (!genState) genState = 1;
}

static int below(int n) {
  genState ^= genState << 13;
  genState ^= genState >> 7;
  genState ^= genState << 17;
  return (int)((genState >> 16) % (uint64_t)n);
}

static int chance(int percent) {
  return below(100) < percent;
}

/* ---- tables ------------------------------------------------------------- */

static const char *genTextValue(void) {
  static const char *const texts[] = {"", "a", "b", "ab", "abc", "ba", "B",
      "zz", "a b", "\xe6\x97\xa5\xe6\x9c\xac", "it''s", "10"};
  return texts[below(sizeof texts / sizeof *texts)];
}

static const char *genValue(char type) {
  if (chance(15)) return "NULL";
  if (type == 's') return genText("'%s'", genTextValue());
  if (type == 'r') return genText("%.2f", (below(41) - 20) / 4.0);
  return chance(90) ? genText("%d", below(11) - 5) :
      genText("%d", below(2000) - 1000);
}

void genTables(Case *c, uint64_t seed) {
  int t, i, k;
  genSeed(seed, 0);
  for (t = 0; t < GEN_TABLES; t++) {
    Table *at = &c->tables[t];
    at->cols = 3 + below(GEN_COLS - 2);
    at->rows = chance(10) ? below(3) : 3 + below(GEN_ROWS - 2);
    at->types[0] = 'i'; /* id: never NULL, never twice */
    for (i = 1; i < at->cols; i++) {
      at->types[i] = "irsi"[i < 4 ? i - 1 : below(4)];
      at->coded[i] = (char)chance(50);
    }
    for (k = 0; k < at->rows; k++) {
      const char *row = genText("(%d", k * 3 + t);
      for (i = 1; i < at->cols; i++)
        row = genText("%s,%s", row, genValue(at->types[i]));
      at->row[k] = genText("%s)", row);
    }
  }
  for (i = 0; i < GEN_AFTER; i++) {
    t = below(GEN_TABLES);
    if (chance(50)) continue;
    c->after[i] = chance(50) ?
        genText("DELETE FROM t%d WHERE c0 %% %d = 1", t, 4 + below(4)) :
        genText("UPDATE t%d SET c1 = %s WHERE c0 %% 5 = %d", t,
            genValue('i'), below(5));
  }
}

/* ---- scopes ------------------------------------------------------------- */

typedef struct Col {
  const char *name;
  char type;
  char is_id;
} Col;

typedef struct Scope {
  Col cols[60];
  int n;
  struct Scope *outer;
} Scope;

static Case *genCase;
static int genAlias; /* numbers of sources, not the same twice */
/* Whether the query has sub-queries in expressions, outer joins. */
static int genNested, genOuter;
static int genSets; /* inside of so many sides of UNION */

static void scopeAdd(Scope *s, const char *name, char type, int is_id) {
  if (s->n < 60) s->cols[s->n++] = (Col){name, type, (char)is_id};
}

/* A column of the type, now and then of an outer query; NULL when there is
** none. */
static const Col *scopePick(const Scope *s, char type) {
  int i, k, n = 0;
  if (s->outer && chance(25)) {
    const Col *c = scopePick(s->outer, type);
    if (c) return c;
  }
  for (i = 0; i < s->n; i++) n += s->cols[i].type == type;
  if (!n) return 0;
  k = below(n);
  for (i = 0; i < s->n; i++)
    if (s->cols[i].type == type && !k--) return &s->cols[i];
  return 0;
}

/* ---- expressions -------------------------------------------------------- */

static Node *genExpr(Scope *s, char type, int depth);
static Node *genBool(Scope *s, int depth);
static Node *genSelect(const char *types, Scope *outer, int depth);

static Node *genLeaf(Scope *s, char type) {
  const Col *c = chance(75) ? scopePick(s, type) : 0;
  if (c) return node(type, "%s", c->name);
  if (type == 'b') return node('b', "%s", chance(50) ? "TRUE" : "FALSE");
  if (chance(10)) {
    return node(type, "CAST(NULL AS %s)",
        type == 'i' ? "INTEGER" : type == 'r' ? "REAL" : "TEXT");
  }
  if (type == 's') return node('s', "'%s'", genTextValue());
  if (type == 'r') return node('r', "%s", genText("%.2f", below(41) / 4.0));
  return node('i', "%d", below(8));
}

/* Of one table: one row, whatever it holds.  What is aggregated has a column
** of the table, or the aggregate would belong to the query around it. */
static Node *genScalar(Scope *outer, char type, int depth) {
  static const char *const any[] = {"min", "max"};
  Scope s = {.outer = outer};
  const Col *c;
  int t = below(GEN_TABLES), k = ++genAlias, i;
  const Table *at = &genCase->tables[t];
  for (i = 0; i < at->cols; i++)
    scopeAdd(&s, genText("x%d.c%d", k, i), at->types[i], !i);
  if (type == 'i' && chance(40)) {
    return node('i', "(SELECT count(*) FROM t%d x%d WHERE %n)", t, k,
        genBool(&s, depth - 1));
  }
  s.outer = 0;
  c = scopePick(&s, type);
  s.outer = outer;
  if (!c) return genLeaf(outer, type);
  return node(type, "(SELECT %s(%s) FROM t%d x%d%n)", any[below(2)], c->name,
      t, k, nodeOptional(node('-', " WHERE %n", genBool(&s, depth - 1))));
}

static Node *genExpr(Scope *s, char type, int depth) {
  char other;
  if (type == 'b') return genBool(s, depth);
  if (depth <= 0 || chance(25)) return genLeaf(s, type);
  depth--;
#define E(t) genExpr(s, t, depth)
  if (genNested && chance(12)) return genScalar(s, type, depth);
  if (chance(30)) {
    switch (below(4)) {
      case 0: return node(type, "coalesce(%n, %n)", E(type), E(type));
      case 1: return node(type, "nullif(%n, %n)", E(type), E(type));
      case 2:
        return node(type, "CASE WHEN %n THEN %n ELSE %n END",
            genBool(s, depth), E(type), E(type));
      default:
        other = "irs"[below(3)];
        return node(type, "CASE %n WHEN %n THEN %n WHEN %n THEN %n END",
            E(other), E(other), E(type), E(other), E(type));
    }
  }
  if (type == 's') {
    switch (below(6)) {
      case 0: return node('s', "upper(%n)", E('s'));
      case 1: return node('s', "lower(%n)", E('s'));
      case 2:
        return node('s', "substr(%n, %d, %d)", E('s'), 1 + below(3),
            below(3));
      case 3: return node('s', "replace(%n, 'a', 'xy')", E('s'));
      case 4: return node('s', "trim(%n)", E('s'));
      default: return node('s', "(%n || %n)", E('s'), E('s'));
    }
  }
  if (type == 'r') {
    switch (below(6)) {
      case 0: return node('r', "(%n + %n)", E('r'), E('i'));
      case 1: return node('r', "(%n - %n)", E('r'), E('r'));
      case 2: return node('r', "(%n * %n)", E('r'), E('r'));
      case 3: return node('r', "(%n / %n)", E('r'), E('r'));
      case 4: return node('r', "abs(%n)", E('r'));
      default: return node('r', "CAST(%n AS REAL)", E('i'));
    }
  }
  switch (below(9)) {
    case 0: return node('i', "(%n + %n)", E('i'), E('i'));
    case 1: return node('i', "(%n - %n)", E('i'), E('i'));
    case 2: return node('i', "(%n * %n)", E('i'), E('i'));
    case 3: return node('i', "(%n / %n)", E('i'), E('i'));
    case 4: return node('i', "(%n %% %n)", E('i'), E('i'));
    case 5: return node('i', "abs(%n)", E('i'));
    case 6: return node('i', "(- %n)", E('i'));
    case 7: return node('i', "length(%n)", E('s'));
    default: return node('i', "instr(%n, %n)", E('s'), E('s'));
  }
#undef E
}

static Node *genInSelect(Scope *s, int depth) {
  char types[2] = {"irs"[below(3)], 0};
  return node('b', "(%n %sIN (%n))", genExpr(s, *types, depth),
      chance(40) ? "NOT " : "", genSelect(types, s, depth));
}

static Node *genExists(Scope *outer, int depth) {
  Scope s = {.outer = outer};
  int t = below(GEN_TABLES), k = ++genAlias, i;
  const Table *at = &genCase->tables[t];
  for (i = 0; i < at->cols; i++)
    scopeAdd(&s, genText("x%d.c%d", k, i), at->types[i], !i);
  return node('b', "(%sEXISTS (SELECT 1 FROM t%d x%d WHERE %n))",
      chance(40) ? "NOT " : "", t, k, genBool(&s, depth));
}

static Node *genBool(Scope *s, int depth) {
  static const char *const compare[] = {"=", "<>", "<", "<=", ">", ">=",
      "IS", "IS NOT", "IS NOT DISTINCT FROM", "IS DISTINCT FROM"};
  static const char *const like[] = {"a%", "%b", "_b%", "%", "", "%a%b%"};
  char t = "iirrss"[below(6)];
  if (depth <= 0 && chance(10)) return genLeaf(s, 'b');
  if (depth > 0 && chance(45)) {
    depth--;
    switch (below(5)) {
      case 0: case 1:
        return node('b', "(%n AND %n)", genBool(s, depth),
            genBool(s, depth));
      case 2: case 3:
        return node('b', "(%n OR %n)", genBool(s, depth), genBool(s, depth));
      default: return node('b', "(NOT %n)", genBool(s, depth));
    }
  }
  if (depth > 0) depth--;
  if (depth > 0 && genNested && chance(20))
    return chance(50) ? genInSelect(s, depth) : genExists(s, depth);
#define E() genExpr(s, t, depth)
  switch (below(8)) {
    case 0:
      return node('b', "(%n IS %sNULL)", E(), chance(50) ? "NOT " : "");
    case 1:
      return node('b', "(%n %sBETWEEN %n AND %n)", E(),
          chance(30) ? "NOT " : "", E(), E());
    case 2:
      return node('b', "(%n %sIN (%n, %n%n))", E(), chance(30) ? "NOT " : "",
          E(), E(), nodeOptional(node('-', ", NULL")));
    case 3:
      if (t != 's') return node('b', "(%n = %n)", E(), E());
      return node('b', "(%n %sLIKE '%s')", E(), chance(30) ? "NOT " : "",
          like[below(6)]);
    default: return node('b', "(%n %s %n)", E(), compare[below(10)], E());
  }
#undef E
}

/* ---- sources ------------------------------------------------------------ */

/* A table, or a query in parentheses; its columns join the scope. */
static Node *genSource(Scope *s, int plain, int depth) {
  int k = ++genAlias, i, n;
  char types[4];
  if (plain || depth <= 0 || chance(85)) {
    int t = below(GEN_TABLES);
    const Table *at = &genCase->tables[t];
    for (i = 0; i < at->cols; i++)
      scopeAdd(s, genText("x%d.c%d", k, i), at->types[i], !i);
    return node('-', "t%d x%d", t, k);
  }
  n = 1 + below(3);
  for (i = 0; i < n; i++) {
    types[i] = "iirs"[below(4)];
    scopeAdd(s, genText("x%d.o%d", k, i), types[i], 0);
  }
  types[n] = 0;
  return node('-', "(%n) x%d", genSelect(types, 0, depth - 1), k);
}

static Node *genOn(Scope *s, int from, int depth) {
  Scope left = {.n = from}, right = {.n = s->n - from};
  const Col *a, *b;
  char t = "iirs"[below(4)];
  memcpy(left.cols, s->cols, sizeof left.cols);
  memcpy(right.cols, s->cols + from, (size_t)right.n * sizeof *s->cols);
  a = scopePick(&left, t);
  b = scopePick(&right, t);
  if (!a || !b || chance(15)) return genBool(s, depth);
  if (chance(60)) return node('b', "(%s = %s)", a->name, b->name);
  return node('b', "(%s = %s AND %n)", a->name, b->name, genBool(s, depth));
}

static Node *genFrom(Scope *s, int plain, int depth) {
  static const char *const joins[] = {"JOIN", "JOIN", "JOIN", "INNER JOIN",
      "LEFT JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN"};
  Node *f = genSource(s, plain, depth);
  int n = chance(50) ? 0 : chance(70) ? 1 : 2, comma = chance(20);
  while (n--) {
    int from = s->n;
    Node *next = genSource(s, plain, depth);
    if (comma) {
      f = node('-', "%n%n", f, nodeOptional(node('-', ", %n", next)));
    } else if (chance(10)) {
      f = node('-', "%n%n", f,
          nodeOptional(node('-', " CROSS JOIN %n", next)));
    } else {
      Scope *had = s->outer;
      Node *on;
      s->outer = 0; /* conditions of joins look at the joined alone */
      on = genOn(s, from, depth - 1);
      s->outer = had;
      f = node('-', "%n%n", f, nodeOptional(node('-', " %s %n ON %n",
          joins[below(genOuter ? 8 : 4)], next, on)));
    }
  }
  return f;
}

/* ---- queries ------------------------------------------------------------ */

static Node *genAggregate(Scope *s, char type, int depth) {
  static const char *const any[] = {"min", "max"};
  Node *filter = nodeOptional(chance(15) ? node('-',
      " FILTER (WHERE %n)", genBool(s, depth)) : node('-', ""));
  const char *distinct = chance(20) ? "DISTINCT " : "";
  if (type == 'i') {
    switch (below(4)) {
      case 0: return node('i', "count(*)%n", filter);
      case 1:
        return node('i', "count(%s%n)%n", distinct,
            genExpr(s, "irs"[below(3)], depth), filter);
      case 2:
        return node('i', "sum(%s%n)%n", distinct, genExpr(s, 'i', depth),
            filter);
      default: break;
    }
  }
  if (type == 'r' && chance(60)) {
    return node('r', "%s(%s%n)%n", chance(50) ? "avg" : "total", distinct,
        genExpr(s, chance(50) ? 'i' : 'r', depth), filter);
  }
  return node(type, "%s(%n)%n", any[below(2)], genExpr(s, type, depth),
      filter);
}

static const char *genIds(const Scope *s) {
  const char *list = "";
  int i;
  for (i = 0; i < s->n; i++) {
    if (s->cols[i].is_id)
      list = genText("%s%s%s", list, *list ? ", " : "", s->cols[i].name);
  }
  return list;
}

/* Rows of the window stand in one order: by all ids, or peers count alike. */
static Node *genWindow(Scope *s, char type, int depth) {
  static const char *const frames[] = {"",
      " ROWS BETWEEN 2 PRECEDING AND CURRENT ROW",
      " ROWS BETWEEN UNBOUNDED PRECEDING AND 1 FOLLOWING",
      " ROWS BETWEEN 1 PRECEDING AND 2 FOLLOWING",
      " ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING",
      " RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW"};
  Node *part = nodeOptional(chance(60) ? node('-', "PARTITION BY %n ",
      genExpr(s, "irs"[below(3)], depth - 1)) : node('-', ""));
  const char *ids = genIds(s);
  if (type == 'i' && chance(40)) {
    static const char *const ranks[] = {"rank()", "dense_rank()"};
    if (chance(40))
      return node('i', "row_number() OVER (%nORDER BY %s)", part, ids);
    return node('i', "%s OVER (%nORDER BY %n%s)", ranks[below(2)], part,
        genExpr(s, "irs"[below(3)], depth - 1), chance(40) ? " DESC" : "");
  }
  if (chance(30)) {
    static const char *const picks[] = {"lag", "lead", "first_value",
        "last_value"};
    return node(type, "%s(%n) OVER (%nORDER BY %s)", picks[below(4)],
        genExpr(s, type, depth - 1), part, ids);
  }
  return node(type, "%n OVER (%nORDER BY %s%s)",
      type == 'i' ? node('i', "%s(%n)", chance(50) ? "sum" : "count",
          genExpr(s, 'i', depth - 1)) :
      node(type, "%s(%n)", chance(50) ? "min" : "max",
          genExpr(s, type, depth - 1)), part, ids, frames[below(6)]);
}

static Node *genItems(Scope *s, const char *types, int depth,
    Node *(*item)(Scope *, char, int)) {
  Node *list = 0;
  int i;
  for (i = 0; types[i]; i++) {
    Node *e = item(s, types[i], depth);
    if (!list) list = node('-', "%n AS o%d", e, i);
    else list = node('-', "%n, %n AS o%d", list, e, i);
  }
  return list;
}

static Node *genWhere(Scope *s, int depth) {
  if (chance(35)) return node('-', "");
  return nodeOptional(node('-', " WHERE %n", genBool(s, depth)));
}

/* GROUP BY: the keys are o0 ..., what follows are aggregates. */
static Node *genGroup(const char *types, Scope *outer, int depth) {
  Scope s = {.outer = outer};
  Node *from = genFrom(&s, 0, depth), *list = 0, *keys = 0, *having;
  int nkeys = below((int)strlen(types) + 1), i;
  for (i = 0; types[i]; i++) {
    Node *e;
    if (i < nkeys) {
      const Col *c = scopePick(&s, types[i]);
      e = c ? node(types[i], "%s", c->name) :
          genExpr(&s, types[i], depth - 1);
      keys = keys ? node('-', "%n, %n", keys, e) : node('-', "%n", e);
    } else {
      e = genAggregate(&s, types[i], depth - 1);
    }
    list = list ? node('-', "%n, %n AS o%d", list, e, i) :
        node('-', "%n AS o%d", e, i);
  }
  having = chance(30) ? nodeOptional(node('-', " HAVING %n > %d",
      genAggregate(&s, 'i', depth - 1), below(4))) : node('-', "");
  if (!nkeys)
    return node('q', "SELECT %n FROM %n%n", list, from, genWhere(&s, depth));
  return node('q', "SELECT %n FROM %n%n GROUP BY %n%n", list, from,
      genWhere(&s, depth), keys, having);
}

/* One side of a UNION, itself none. */
static Node *genSide(const char *types, int depth) {
  Node *q;
  genSets++;
  q = genSelect(types, 0, depth - 1);
  genSets--;
  return q;
}

static Node *genSelect(const char *types, Scope *outer, int depth) {
  static const char *const sets[] = {"UNION", "UNION ALL", "INTERSECT",
      "EXCEPT"};
  Scope s = {.outer = outer};
  Node *from;
  int how = below(100);
  if (depth > 0 && how < 20) return genGroup(types, outer, depth - 1);
  if (depth > 0 && how < 28 && !outer && !genSets) {
    Node *q = node('q', "%n %s %n", genSide(types, depth), sets[below(4)],
        genSide(types, depth));
    return chance(70) ? q : node('q', "%n UNION ALL %n", q,
        genSide(types, depth));
  }
  if (depth > 0 && how < 42 && !outer) {
    from = genFrom(&s, 1, depth - 1);
    return node('q', "SELECT %n FROM %n%n",
        genItems(&s, types, depth - 1, genWindow), from,
        genWhere(&s, depth - 1));
  }
  from = genFrom(&s, 0, depth - 1);
  return node('q', "SELECT %n%n FROM %n%n",
      nodeOptional(node('-', "%s", chance(20) ? "DISTINCT " : "")),
      genItems(&s, types, depth, genExpr), from, genWhere(&s, depth));
}

void genQuery(Case *c, uint64_t seed, int q, Law law) {
  int depth = 1 + q % 3, n = 1 + below(4), i;
  char types[5];
  genSeed(seed, (uint64_t)q + 1);
  genCase = c;
  genAlias = 0;
  genNested = chance(40);
  genOuter = chance(50);
  c->ordered = 0;
  c->where = c->from = 0;
  for (i = 0; i < n; i++) types[i] = "iirsb"[below(5)];
  types[n] = 0;
  if (law == LAW_PARTS || law == LAW_COUNT) {
    Scope s = {0};
    c->from = genFrom(&s, 0, depth);
    c->where = genBool(&s, depth + 1);
    c->query = node('q', "SELECT %n FROM %n WHERE %n",
        genItems(&s, types, depth, genExpr), c->from, c->where);
    return;
  }
  for (i = 0; i < n; i++) if (types[i] == 'b') types[i] = 'i';
  c->query = genSelect(types, 0, depth + 1);
  if (chance(40)) {
    const char *order = "", *limit = "";
    for (i = 0; i < n; i++)
      order = genText("%s%s%d%s", order, i ? ", " : "", i + 1,
          chance(30) ? " DESC" : "");
    if (chance(50)) limit = genText(" LIMIT %d OFFSET %d", below(9), below(3));
    c->query = node('q', "%n ORDER BY %s%n", c->query, order,
        nodeOptional(node('-', "%s", limit)));
    c->ordered = 1;
  }
}
