/*
** op_index: keys and indexes by their names.
**
** A plain index is a name: every column can be searched as it is.  A unique one
** is a key of its table, and its name is that of no other index.
*/
#include "vm/vmInt.h"

/* The table that has an index of that name; *out NULL: none. */
static int indexFind(Session *s, const char *name, TableState **out,
    u32 *key) {
  *out = NULL;
  for (u32 i = 0; i < snSessionTables(s); i++) {
    const char *table;
    TableState *t = NULL;
    int rc = snSessionTableName(s, i, &table);
    if (!rc) rc = snSessionFind(s, table, strlen(table), &t);
    if (rc) return rc;
    int at = t ? snConstraintFind(t->table, name, strlen(name)) : -1;
    if (at < 0 || t->table->key[at].kind < KEY_UNIQUE_INDEX) continue;
    *out = t;
    *key = (u32)at;
    return SEINE_OK;
  }
  return SEINE_OK;
}

static int indexColumn(Run *r, const Table *t, const char *name, u32 *out) {
  int at = snTableColumn(t, name, strlen(name));
  if (at < 0)
    return snRunFail(r, SEINE_ERROR, "table %s has no column named %s",
        t->name, name);
  if (t->col[at].type & TYPE_ARRAY)
    return snRunFail(r, SEINE_ERROR, "column %s.%s is an array and cannot be "
        "part of a key", t->name, name);
  *out = (u32)at;
  return SEINE_OK;
}

int snIndexKey(Run *r, Table *t, const KeyDef *k) {
  u32 *col = snArenaAlloc(&r->keep, (k->n + 1) * sizeof *col);
  int rc = col ? SEINE_OK : SN_NOMEM;
  for (u32 i = 0; !rc && i < k->n; i++) {
    rc = indexColumn(r, t, k->col[i], col + i);
    for (u32 j = 0; !rc && j < i; j++)
      if (col[j] == col[i])
        rc = snRunFail(r, SEINE_ERROR, "column %s stands twice in a key of "
            "table %s", k->col[i], t->name);
  }
  if (!rc) rc = snConstraintKey(t, k->kind, k->name, col, k->n);
  if (rc == SEINE_TOOBIG)
    return snRunFail(r, rc, "a key has at most 64 columns, a table at most "
        "1,000 keys");
  return rc;
}

int snIndexCreate(Run *r, const DdlDef *d, TableState *t) {
  TableState *other;
  u32 at;
  u64 id = t->table->id;
  int rc = indexFind(r->session, d->to, &other, &at);
  if (rc || (other && d->lenient)) return rc;
  if (other)
    return snRunFail(r, SEINE_ERROR, "index %s exists already, on table %s",
        d->to, other->table->name);
  Table *n = snTableCopy(r->budget, t->table);
  if (!n) return SN_NOMEM;
  rc = snIndexKey(r, n, d->key);
  if (!rc) rc = snSessionKey(r->session, t, n);
  snTableDrop(n);
  if (rc || d->key->kind == KEY_INDEX) return rc;
  return snSessionKeyCheck(r->session, id, r->error);
}

int snIndexDrop(Run *r, const DdlDef *d) {
  TableState *t;
  u32 at;
  int rc = indexFind(r->session, d->name, &t, &at);
  if (rc || (!t && d->lenient)) return rc;
  if (!t) return snRunFail(r, SEINE_ERROR, "no such index: %s", d->name);
  Table *n = snTableCopy(r->budget, t->table);
  if (!n) return SN_NOMEM;
  snConstraintRemove(n, at);
  rc = snSessionAlter(r->session, t, n);
  snTableDrop(n);
  return rc;
}
