/*
** sqlfuzz_write: statements that write, by chance.
**
** What is written does not depend on the order of rows: ids are given once, a
** row of UPDATE ... FROM has one partner at most, no key is changed.  Beside
** SQLite, which reads what it has written already, what is set or given has
** no sub-queries; and its 3.40 compares '' with a column '10' as with a number
** in RETURNING: there it gives a column as it is.
*/
#include "sqlfuzz_gen.h"

/* Columns of the table itself. */
static void writeScope(Scope *s, int t, const char *of) {
  const Table *at = &genCase->tables[t];
  int i;
  for (i = 0; i < at->cols; i++)
    scopeAdd(s, genText("%s.c%d", of, i), at->types[i], !i);
}

static Node *writeReturning(int t) {
  Scope s = {0};
  int had = genNested;
  Node *n;
  if (chance(50)) return node('-', "");
  if (genPeer) genNested = 0;
  writeScope(&s, t, genText("t%d", t));
  n = nodeOptional(node('-', " RETURNING c0, %n",
      genExpr(&s, genType(), genPeer ? 0 : 2)));
  genNested = had;
  return n;
}

/* SET: one or two columns behind the key. */
static Node *writeSet(Scope *s, int t, int depth) {
  const Table *at = &genCase->tables[t];
  int had = genNested, c = 1 + below(at->cols - 1), d = 1 + below(at->cols - 1);
  Node *n;
  if (genPeer) genNested = 0;
  n = node('-', "c%d = %n", c, genExpr(s, at->types[c], depth));
  if (d != c && chance(50))
    n = node('-', "%n, c%d = %n", n, d, genExpr(s, at->types[d], depth));
  genNested = had;
  return n;
}

/* Rows with new ids and with such as are there. */
static Node *writeValues(int t) {
  const Table *at = &genCase->tables[t];
  int n = 1 + below(3), from = *at->key && chance(50) ?
      below(at->rows + 1) : 300 + 5 * ++genAlias, i, k;
  Node *list = 0;
  for (k = 0; k < n; k++) {
    const char *row = genText("(%d", from + k + t - 2);
    for (i = 1; i < at->cols; i++)
      row = genText("%s, %s", row, genValue(at->types[i]));
    list = list ? node('-', "%n%n", list,
        nodeOptional(node('-', ", %s)", row))) : node('-', "%s)", row);
  }
  return node('-', "VALUES %n", list);
}

static Node *writeSelect(int t, int depth) {
  const Table *at = &genCase->tables[t];
  Scope s = {0};
  int u = below(GEN_TABLES), k = ++genAlias, i;
  Node *list;
  writeScope(&s, u, genText("x%d", k));
  list = node('-', "x%d.c0 + %d", k, *at->key && chance(50) ? 0 : 10000 * k);
  for (i = 1; i < at->cols; i++)
    list = node('-', "%n, %n", list, genExpr(&s, at->types[i], depth));
  return node('-', "SELECT %n FROM t%d x%d WHERE %n", list, u, k,
      genBool(&s, depth));
}

static Node *writeInsert(int t, int depth) {
  const Table *at = &genCase->tables[t];
  const char *action = "", *columns = "";
  Node *rows = chance(50) ? writeValues(t) : writeSelect(t, depth);
  Node *conflict = node('-', "");
  int how = *at->key ? below(6) : 0, i;
  for (i = 0; i < at->cols; i++)
    columns = genText("%s%sc%d", columns, i ? ", " : "", i);
  if (how == 1) action = " OR IGNORE";
  if (how == 2) action = " OR REPLACE";
  if (how == 3) conflict = node('-', " ON CONFLICT DO NOTHING");
  if (how > 3) {
    Scope s = {0};
    writeScope(&s, t, genText("t%d", t));
    writeScope(&s, t, "excluded");
    conflict = node('-', " ON CONFLICT (c0) DO UPDATE SET %n%n",
        writeSet(&s, t, depth), nodeOptional(chance(30) ?
            node('-', " WHERE %n", genBool(&s, 1)) : node('-', "")));
  }
  return node('-', "INSERT%s INTO t%d(%s) %n%n%n", action, t, columns, rows,
      conflict, writeReturning(t));
}

/* Rows of which one at most is a partner of a row of the scope. */
static Node *writePartner(Scope *s, Node **on, int depth) {
  int u = below(GEN_TABLES), k = ++genAlias;
  Scope in = {0};
  const Col *mine = scopePick(s, 'i'), *key;
  if (chance(60)) {
    writeScope(s, u, genText("x%d", k));
    *on = node('-', "%s = x%d.c0", mine->name, k);
    return node('-', "t%d x%d", u, k);
  }
  writeScope(&in, u, genText("x%d", k));
  key = scopePick(&in, 'i');
  scopeAdd(s, genText("y%d.o0", k), 'i', 0);
  scopeAdd(s, genText("y%d.o1", k), 'i', 0);
  *on = node('-', "%s = y%d.o0", mine->name, k);
  return node('-', "(SELECT %s AS o0, sum(%n) AS o1 FROM t%d x%d "
      "GROUP BY 1) y%d", key->name, genExpr(&in, 'i', depth), u, k, k);
}

static Node *writeUpdate(int t, int depth) {
  Scope s = {0};
  Node *from, *on, *set;
  writeScope(&s, t, genText("t%d", t));
  if (chance(60)) {
    set = writeSet(&s, t, depth);
    return node('-', "UPDATE t%d SET %n WHERE %n%n", t, set,
        genBool(&s, depth), writeReturning(t));
  }
  from = writePartner(&s, &on, depth);
  set = writeSet(&s, t, depth);
  return node('-', "UPDATE t%d SET %n FROM %n WHERE %n%n%n", t, set, from, on,
      nodeOptional(node('-', " AND %n", genBool(&s, depth))),
      writeReturning(t));
}

static Node *writeDelete(int t, int depth) {
  Scope s = {0};
  Node *from, *on;
  writeScope(&s, t, genText("t%d", t));
  if (genPeer || chance(60)) {
    return node('-', "DELETE FROM t%d WHERE %n%n", t, genBool(&s, depth),
        writeReturning(t));
  }
  from = writePartner(&s, &on, depth);
  return node('-', "DELETE FROM t%d USING %n WHERE %n AND %n%n", t, from, on,
      genBool(&s, depth), writeReturning(t));
}

static Node *writeOne(int depth) {
  int t = below(GEN_TABLES), how = below(10);
  Node *n = how < 5 ? writeInsert(t, depth) : how < 8 ?
      writeUpdate(t, depth) : writeDelete(t, depth);
  if (chance(15)) {
    n = node('-', "SAVEPOINT s;\n%n%n;\nRELEASE s", n, nodeOptional(node('-', "%s", chance(60) ? ";\nROLLBACK TO s" : "")));
  }
  return nodeOptional(node('-', "%n;\n", n));
}

Node *genWrites(int depth) {
  int n = 1 + below(4), t, whole = chance(30);
  Node *list = node('-', "");
  while (n--) {
    list = node('-', "%n%n", list, writeOne(depth));
    if (chance(15)) {
      char types[3] = {genType(), genType(), 0};
      list = node('-', "%n%n", list, nodeOptional(node('-', "%n;\n",
          genSelect(types, 0, depth))));
    }
  }
  if (whole) list = node('-', "BEGIN;\n%n%s;\n", list,
      chance(80) ? "COMMIT" : "ROLLBACK");
  for (t = 0; t < GEN_TABLES; t++)
    list = node('-', "%n%sSELECT 't%d', * FROM t%d", list, t ? ";\n" : "", t,
        t);
  return list;
}
