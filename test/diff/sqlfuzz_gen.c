/*
** sqlfuzz_gen: tables, rows and expressions by chance.
**
** Types are kept apart where the two languages differ: a text is never
** compared with a number, the branches of a CASE have one type.  Texts have
** no letters beyond ASCII that have a case: SQLite lets them be.  Reals are
** quarters, so that their sums are exact.
*/
#include <stdarg.h>
#include "sqlfuzz_gen.h"

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

Node *node(char type, const char *format, ...) {
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

Node *nodeOptional(Node *n) {
  n->optional = 1;
  return n;
}

Node *nodeEither(Node *seine, Node *peer) {
  return node('=', "%n%n", seine, peer);
}

void nodeText(const Node *n, int peer, Text *out) {
  int i;
  if (n->gone) return;
  if (n->type == '=') {
    nodeText(n->parts[peer].node, peer, out);
    return;
  }
  for (i = 0; i < n->n; i++) {
    if (n->parts[i].text) textAddStr(out, n->parts[i].text);
    else nodeText(n->parts[i].node, peer, out);
  }
}

/* ---- chance ------------------------------------------------------------- */

static uint64_t genState;

void genSeed(uint64_t seed, uint64_t more) {
  genState = (seed * 0x9e3779b97f4a7c15u) ^ (more * 0xd1b54a32d192ed03u);
  if (!genState) genState = 1;
}

int below(int n) {
  genState ^= genState << 13;
  genState ^= genState >> 7;
  genState ^= genState << 17;
  return (int)((genState >> 16) % (uint64_t)n);
}

int chance(int percent) {
  return below(100) < percent;
}

/* ---- tables ------------------------------------------------------------- */

static const char *genTextValue(void) {
  static const char *const texts[] = {"", "a", "b", "ab", "abc", "ba", "B",
      "zz", "a b", "\xe6\x97\xa5\xe6\x9c\xac", "it''s", "10",
      "a text that is longer 1", "a text that is longer 2"};
  return texts[below(sizeof texts / sizeof *texts)];
}

char genType(void) {
  return "iirrssd"[below(7)];
}

const char *genValue(char type) {
  static const char *const edges[] = {"127", "128", "-129", "255", "256",
      "32768", "-32769", "65535", "65536", "2147483647", "2147483648",
      "-2147483649", "4294967296", "1000"};
  if (chance(15)) return "NULL";
  if (type == 'd') return genText("'2026-02-%d'", 26 + below(3));
  if (type == 'b') return chance(50) ? "TRUE" : "FALSE";
  if (type == 's') return genText("'%s'", genTextValue());
  if (type == 'r') return genText("%.2f", (below(13) - 6) / 4.0);
  return chance(90) ? genText("%d", below(11) - 5) :
      edges[below(sizeof edges / sizeof *edges)];
}

void genTables(Case *c, uint64_t seed) {
  int t, i, k;
  genSeed(seed, 0);
  for (t = 0; t < GEN_TABLES; t++) {
    Table *at = &c->tables[t];
    at->cols = 3 + below(GEN_COLS - 2);
    at->rows = chance(10) ? below(3) : 3 + below(GEN_ROWS - 2);
    at->types[0] = 'i'; /* id: never NULL, never twice */
    at->key = chance(50) ? "" : chance(50) ? " PRIMARY KEY" : " UNIQUE";
    at->indexed = chance(70) ? 0 : 1 + below(at->cols - 1);
    for (i = 1; i < at->cols; i++) {
      at->types[i] = "irsbd"[i < 4 ? i - 1 : below(5)];
      at->coded[i] = (char)chance(50);
    }
    for (k = 0; k < at->rows; k++) {
      const char *row = genText("(%d", k + t - 2);
      for (i = 1; i < at->cols; i++)
        row = genText("%s,%s", row, genValue(at->types[i]));
      at->row[k] = genText("%s)", row);
    }
  }
  c->doubled = chance(2) ? 7 + below(3) : 0;
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

Case *genCase;
int genAlias, genNested, genPeer;

void scopeAdd(Scope *s, const char *name, char type, int is_id) {
  if (s->n < 60) s->cols[s->n++] = (Col){name, type, (char)is_id, 0};
}

/* A column of the type, now and then of an outer query; NULL when there is
** none. */
const Col *scopePick(const Scope *s, char type) {
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

/* The text of a table is searched. */
static Node *genMatch(const Scope *s) {
  static const char *const queries[] = {"a", "ab OR b", "a AND b", "a NOT b",
      "b*", "zz 10", "\"a b\""};
  int i = below(s->n + 1);
  for (; i < s->n; i++)
    if (s->cols[i].searched)
      return node('b', "(%s MATCH '%s')", s->cols[i].name, queries[below(7)]);
  return node('b', "TRUE");
}

static Node *genLeaf(Scope *s, char type) {
  const Col *c = chance(75) ? scopePick(s, type) : 0;
  if (c) return node(type, "%s", c->name);
  if (chance(10) && type != 'd') {
    return node(type, "CAST(NULL AS %s)", type == 'i' ? "INTEGER" :
        type == 'r' ? "REAL" : type == 'b' ? "BOOLEAN" : "TEXT");
  }
  if (type == 'd') {
    const char *day = genText("'2026-02-%d'", 26 + below(3));
    return node('d', "%n", nodeEither(node('-', "DATE %s", day),
        node('-', "%s", day)));
  }
  if (type == 'b') return node('b', "%s", chance(50) ? "TRUE" : "FALSE");
  if (type == 's') return node('s', "'%s'", genTextValue());
  if (type == 'r') return node('r', "%s", genText("%.2f", below(9) / 4.0));
  return node('i', "%d", below(6));
}

/* One row, whatever the source holds: what is aggregated is a column of it, or
** the aggregate would belong to the query around it; or the first row. */
static Node *genScalar(Scope *outer, char type, int depth) {
  static const char *const any[] = {"min", "max"};
  Scope s = {.outer = outer};
  const Col *c;
  Node *from = genTable(&s), *where;
  if (type == 'i' && chance(40)) {
    return node('i', "(SELECT count(*) FROM %n WHERE %n)", from,
        genBool(&s, depth - 1));
  }
  s.outer = 0;
  c = scopePick(&s, type);
  s.outer = outer;
  if (!c || type == 'b') return genLeaf(outer, type);
  where = nodeOptional(node('-', " WHERE %n", genBool(&s, depth - 1)));
  if (chance(25)) {
    return node(type, "(SELECT %s FROM %n%n ORDER BY %s%s LIMIT 1)", c->name,
        from, where, c->name, chance(50) ? " DESC" : "");
  }
  return node(type, "(SELECT %s(%s) FROM %n%n)", any[below(2)], c->name, from,
      where);
}

Node *genExpr(Scope *s, char type, int depth) {
  char other;
  if (type == 'b') return genBool(s, depth);
  if (depth <= 0 || chance(25)) return genLeaf(s, type);
  depth--;
#define E(t) genExpr(s, t, depth)
  if (genNested && chance(12)) return genScalar(s, type, depth);
  if (chance(25)) return genCall(s, type, depth);
  if (chance(30)) {
    switch (below(4)) {
      case 0: return node(type, "coalesce(%n, %n)", E(type), E(type));
      case 1: return node(type, "nullif(%n, %n)", E(type), E(type));
      case 2:
        return node(type, "CASE WHEN %n THEN %n ELSE %n END",
            genBool(s, depth), E(type), E(type));
      default:
        other = genType();
        return node(type, "CASE %n WHEN %n THEN %n WHEN %n THEN %n END",
            E(other), E(other), E(type), E(other), E(type));
    }
  }
  if (type == 'd') return genLeaf(s, 'd');
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
  char types[3] = {genType(), 0, 0};
  Node *left = genExpr(s, *types, depth), *right;
  const char *not = chance(40) ? "NOT " : "";
  if (chance(25)) {
    types[1] = genType();
    left = node('-', "(%n, %n)", left, genExpr(s, types[1], depth));
  }
  right = genTop(types, genSelect(types, s, depth));
  return node('b', "(%n %sIN (%n))", left, not, right);
}

static Node *genExists(Scope *outer, int depth) {
  Scope s = {.outer = outer};
  const char *not = chance(40) ? "NOT " : "";
  Node *from;
  if (chance(30)) {
    char types[3] = {genType(), genType(), 0};
    return node('b', "(%sEXISTS (%n))", not,
        genTop(types, genSelect(types, outer, depth)));
  }
  from = genTable(&s);
  return node('b', "(%sEXISTS (SELECT 1 FROM %n WHERE %n))", not, from,
      genBool(&s, depth));
}

/* A comparison with all rows or with one of them.  SQLite asks whether one
** decides, and whether one might. */
static Node *genQuantified(Scope *s, int depth) {
  static const char *const compare[] = {"=", "<>", "<", ">="};
  char types[2] = {genType(), 0};
  const char *op = compare[below(4)];
  int any = chance(50);
  const char *not = any ? "" : "NOT ", *yes = any ? "TRUE" : "FALSE";
  Node *x = genExpr(s, *types, depth), *q = genSelect(types, s, depth);
  return node('b', "(%n)", nodeEither(
      node('-', "%n %s %s (%n)", x, op, any ? "ANY" : "ALL", q),
      node('-', "CASE WHEN EXISTS (SELECT 1 FROM (%n) WHERE %s(%n %s o0)) "
          "THEN %s WHEN EXISTS (SELECT 1 FROM (%n) WHERE (%n %s o0) IS NULL) "
          "THEN NULL ELSE NOT %s END", q, not, x, op, yes, q, x, op, yes)));
}

Node *genBool(Scope *s, int depth) {
  static const char *const compare[] = {"=", "<>", "<", "<=", ">", ">=",
      "IS", "IS NOT", "IS NOT DISTINCT FROM", "IS DISTINCT FROM"};
  static const char *const like[] = {"a%", "%b", "_b%", "%", "", "%a%b%"};
  char t = genType();
  if (depth <= 0 && chance(10)) return genLeaf(s, 'b');
  if (!genPeer && chance(8)) return genMatch(s);
  if (chance(6)) {
    const Col *c = scopePick(s, 'b');
    if (c) return node('b', "%s", c->name);
  }
  if (depth > 0 && chance(25)) return genCall(s, 'b', depth - 1);
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
  if (depth > 0 && genNested && chance(20)) {
    if (chance(15)) return genQuantified(s, depth);
    return chance(50) ? genInSelect(s, depth) : genExists(s, depth);
  }
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
