/*
** op_write: deleted rows, the end of what is written, the schema,
** transactions.
*/
#include "vm/vmInt.h"

/* ---- delete ------------------------------------------------------------- */

int snWriteMark(Run *r, Cursor *c, u32 seg, u32 doc) {
  if (!c->deleted) {
    c->deleted = snMemZero(r->budget, (c->view->n + 1) * sizeof(u64 **));
    if (!c->deleted) return SN_NOMEM;
  }
  if (!c->deleted[seg]) {
    u32 n = snSegmentDocs(c->view->seg[seg]) / SN_WINDOW + 1;
    c->deleted[seg] = snMemZero(r->budget, n * sizeof(u64 *));
    if (!c->deleted[seg]) return SN_NOMEM;
  }
  u64 **w = c->deleted[seg] + doc / SN_WINDOW;
  if (!*w) *w = snMemZero(r->budget, SN_WORDS * 8);
  if (!*w) return SN_NOMEM;
  snBitSet(*w, doc % SN_WINDOW);
  return SEINE_OK;
}

bool snWriteMarked(const Cursor *c, u32 seg, u32 doc) {
  if (!c->deleted || !c->deleted[seg]) return false;
  const u64 *w = c->deleted[seg][doc / SN_WINDOW];
  return w && snBit(w, doc % SN_WINDOW);
}

/* Rows of a join: each once, though several may have met it. */
static int writeDeleteRefs(Run *r, Cursor *c, const Instr *i) {
  Sel *s = r->sel + i->sel;
  Rows16 rows = snRunSel(r, s);
  const i64 *ref = snReg(r, i->b)->data;
  i64 *count = snSessionCounters(r->session);
  for (u32 k = 0; k < rows.n; k++) {
    u32 row = rows.rows ? rows.rows[k] : k;
    u32 seg = (u32)((u64)ref[row] >> 32), doc = (u32)ref[row];
    if (snWriteMarked(c, seg, doc)) {
      snBitClear(s->bits, row);
      continue;
    }
    int rc = snWriteMark(r, c, seg, doc);
    if (rc) return rc;
    count[0]++;
    count[1]++;
  }
  return SEINE_OK;
}

/* a: cursor, which stands on the window, or b: references. */
int opDelete(Run *r, const Instr *i) {
  Cursor *c = r->cur + i->a;
  if (i->b != NO_REG) return writeDeleteRefs(r, c, i);
  Rows16 rows = snRunSel(r, r->sel + i->sel);
  i64 *count = snSessionCounters(r->session);
  for (u32 k = 0; k < rows.n; k++) {
    u32 row = rows.rows ? rows.rows[k] : k;
    int rc = snWriteMark(r, c, c->seg, c->base + row);
    if (rc) return rc;
  }
  count[0] += rows.n;
  count[1] += rows.n;
  return SEINE_OK;
}

int snWriteAll(Run *r) {
  for (u32 k = 0; k < r->prog->ncur; k++) {
    Cursor *c = r->cur + k;
    int rc = snUpdateEnd(r, c);
    if (!rc && c->deleted)
      rc = snSessionDelete(r->session, c->view, c->deleted);
    if (rc) return rc;
  }
  int rc = snSessionUniqueEnd(r->session, r->error);
  return rc ? rc : snSessionGather(r->session);
}

/* k 1: what Delete, Insert and Update collected becomes part of the
** transaction; k 2: and the statement ends, if it has not yet, though rows are
** still to be given. */
int opWrite(Run *r, const Instr *i) {
  if (i->k == 2 && !r->writing) return SEINE_OK;
  int rc = i->k ? snWriteAll(r) : SEINE_OK;
  if (rc || i->k != 2) return rc;
  for (u32 k = 0; k < r->prog->ncur; k++) snCursorClose(r, r->cur + k);
  r->writing = false;
  return snSessionWriteEnd(r->session, true, r->error);
}

/* ---- schema ------------------------------------------------------------- */

static int writeCreate(Run *r, const DdlDef *d) {
  Table *t = snTableNew(r->budget, d->name, strlen(d->name));
  int rc = t ? SEINE_OK : SN_NOMEM;
  for (u32 k = 0; !rc && k < d->ncol; k++) {
    const Column *c = d->col + k;
    rc = snTableAdd(t, c->name, strlen(c->name), c->type, c->not_null,
        c->analyzer, c->default_sql);
    if (!rc && c->search) rc = snTableAnalyzers(t, k, c->analyzer, c->search);
    if (!rc) snTableCollate(t, k, c->collate);
    if (rc == SEINE_ERROR)
      (void)snRunFail(r, rc, "table %s has two columns named %s", d->name,
          c->name);
  }
  if (!rc && d->rowid_column >= 0) snConstraintRowid(t, (u32)d->rowid_column);
  if (!rc) t->autoincrement = d->autoincrement;
  for (u32 k = 0; !rc && k < d->nkey; k++) rc = snIndexKey(r, t, d->key + k);
  for (u32 k = 0; !rc && k < d->ncheck; k++)
    rc = snConstraintCheck(t, d->check[k].name, d->check[k].sql);
  if (!rc) rc = snSessionCreate(r->session, t);
  snTableDrop(t);
  return rc;
}

/* What stands on a column that is to go. */
static int writeDropColumn(Run *r, Table *t, u32 at) {
  u32 id = t->col[at].id;
  for (u32 i = 0; i < t->nkey; i++)
    for (u32 k = 0; k < t->key[i].n; k++)
      if (t->key[i].col[k] == id)
        return snRunFail(r, SEINE_ERROR, "column %s.%s is part of %s%s and "
            "cannot be dropped", t->name, t->col[at].name,
            t->key[i].kind == KEY_PRIMARY ? "the PRIMARY KEY"
                : t->key[i].kind == KEY_UNIQUE ? "a UNIQUE constraint"
                : "index ", t->key[i].kind > KEY_UNIQUE ? t->key[i].name : "");
  if (t->ncheck && r->prog->checked)
    return snRunFail(r, SEINE_ERROR, "column %s.%s stands in a CHECK and "
        "cannot be dropped", t->name, t->col[at].name);
  snTableRemoveColumn(t, at);
  return SEINE_OK;
}

static int writeAlter(Run *r, const DdlDef *d, TableState *old) {
  Table *t = snTableCopy(r->budget, old->table);
  int rc = SEINE_OK;
  if (!t) return SN_NOMEM;
  const Column *c = d->col;
  int at = c ? snTableColumn(t, c->name, strlen(c->name)) : -1;
  if (d->kind == DDL_RENAME) {
    rc = snTableRename(t, d->to, strlen(d->to));
  } else if (d->kind == DDL_ADD_COLUMN) {
    if (at >= 0)
      rc = snRunFail(r, SEINE_ERROR, "table %s has a column named %s "
          "already", d->name, c->name);
    else
      rc = snTableAdd(t, c->name, strlen(c->name), c->type, c->not_null,
          c->analyzer, c->default_sql);
    if (!rc && c->search)
      rc = snTableAnalyzers(t, t->ncol - 1, c->analyzer, c->search);
    if (!rc) snTableCollate(t, t->ncol - 1, c->collate);
  } else if (at < 0) {
    rc = snRunFail(r, SEINE_ERROR, "table %s has no column named %s",
        d->name, c->name);
  } else if (d->kind == DDL_RENAME_COLUMN) {
    int other = snTableColumn(t, d->to, strlen(d->to));
    if (other >= 0 && other != at)
      rc = snRunFail(r, SEINE_ERROR, "table %s has a column named %s "
          "already", d->name, d->to);
    else
      rc = snTableRenameColumn(t, (u32)at, d->to, strlen(d->to));
    for (u32 k = 0; !rc && k < d->ncheck && k < t->ncheck; k++)
      t->check[k].sql = snArenaDup(&t->arena, d->check[k].sql,
          strlen(d->check[k].sql));
    for (u32 k = 0; !rc && k < t->ncheck; k++)
      if (!t->check[k].sql) rc = SN_NOMEM;
    for (u32 k = 0; !rc && d->generated && k < t->ncol; k++) {
      const char *sql = d->generated[k];
      if (!sql) continue;
      t->col[k].default_sql = snArenaDup(&t->arena, sql, strlen(sql));
      if (!t->col[k].default_sql) rc = SN_NOMEM;
    }
  } else if (d->kind == DDL_RETYPE_COLUMN) {
    rc = snTableRetypeColumn(t, (u32)at, c->type, c->analyzer, c->search);
  } else {
    rc = writeDropColumn(r, t, (u32)at);
  }
  if (!rc) rc = snSessionAlter(r->session, old, t);
  snTableDrop(t);
  return rc;
}

/* Tables and views share their names: is it one of a view? */
static bool writeIsView(Run *r, const char *name) {
  return snSessionObjectFind(r->session, OBJECT_VIEW, name, strlen(name));
}

static int writeObject(Run *r, const DdlDef *d) {
  static const char *const kinds[] = {"", "analyzer", "setting", "view"};
  bool create = d->kind == DDL_CREATE_OBJECT;
  TableState *t = NULL;
  int rc = d->object == OBJECT_VIEW
      ? snSessionFind(r->session, d->name, strlen(d->name), &t) : SEINE_OK;
  if (rc) return rc;
  if (t)
    return snRunFail(r, SEINE_ERROR, create ? "%s is the name of a table: a "
        "view needs another one" : "%s is a table: use DROP TABLE", d->name);
  const CatalogObject *o = snSessionObjectFind(r->session, d->object,
      d->name, strlen(d->name));
  if (d->kind == DDL_SET && !d->to && !o) return SEINE_OK;
  if (create == !o || d->kind == DDL_SET || d->replace)
    return snSessionPutObject(r->session, d->object, d->name, d->to);
  if (d->lenient) return SEINE_OK;
  return create
      ? snRunFail(r, SEINE_ERROR, "%s %s exists already", kinds[d->object],
            d->name)
      : snRunFail(r, SEINE_ERROR, "no such %s: %s", kinds[d->object],
            d->name);
}

/* What stored queries match is told by terms that depend on the columns of
** their table: those may not change under them. */
static int writeFixed(Run *r, const DdlDef *d) {
  const Table *t;
  const Column *col;
  if (d->kind == DDL_MERGE || d->kind == DDL_MERGE_ALL) return SEINE_OK;
  int rc = snSessionQueries(r->session, d->name, &t, &col);
  if (rc || !t) return rc;
  return snRunFail(r, SEINE_ERROR, "column %s of table %s holds queries over "
      "table %s, which cannot change under them: drop that column first",
      col->name, t->name, d->name);
}

static int writeSortBy(Run *r, const Table *t, const DdlOrder *o,
    MergeBy *by) {
  char type[24];
  int at = snTableColumn(t, o->name, strlen(o->name));
  *by = (MergeBy){0, TYPE_INTEGER, o->desc, o->nulls_first};
  if (at < 0 && snAsciiEq(o->name, strlen(o->name), "rowid", 5))
    return SEINE_OK;
  if (at < 0)
    return snRunFail(r, SEINE_ERROR, "no such column: %s of table %s",
        o->name, t->name);
  by->column = t->col[at].id;
  by->type = t->col[at].type;
  if (snMergeOrders(by->type)) return SEINE_OK;
  return snRunFail(r, SEINE_ERROR, "OPTIMIZE cannot put documents in the "
      "order of column %s, which is %s: name a column of numbers, times, "
      "BOOLEAN, KEYWORD or IP", o->name, snTypeName(by->type, type));
}

/* OPTIMIZE ... ORDER BY */
static int writeSort(Run *r, const DdlDef *d, TableState *t) {
  MergeBy *by = snMemAlloc(r->budget, d->norder * sizeof *by);
  int rc = by ? SEINE_OK : SN_NOMEM;
  for (u32 k = 0; !rc && k < d->norder; k++)
    rc = writeSortBy(r, t->table, d->order + k, by + k);
  if (!rc) rc = snSessionSort(r->session, t, by, d->norder);
  snMemFree(by);
  return rc;
}

int opDdl(Run *r, const Instr *i) {
  const DdlDef *d = i->p;
  TableState *t, *other;
  if (d->object) return writeObject(r, d);
  if (d->kind == DDL_DROP_INDEX) return snIndexDrop(r, d);
  int rc = snSessionFind(r->session, d->name, strlen(d->name), &t);
  if (rc) return rc;
  if (!t && writeIsView(r, d->name))
    return snRunFail(r, SEINE_ERROR, d->kind == DDL_CREATE ? "%s is the name "
        "of a view: a table needs another one" : d->kind == DDL_DROP ?
        "%s is a view: use DROP VIEW" : "%s is a view, not a table: DROP it "
        "and CREATE it again, or CREATE OR REPLACE VIEW", d->name);
  if (d->kind == DDL_CREATE) {
    if (t && d->replace) {
      const DdlDef drop = {.kind = DDL_DROP, .name = d->name};
      rc = writeFixed(r, &drop);
      if (!rc) rc = snSessionDrop(r->session, t);
      if (rc) return rc;
      t = NULL;
    }
    if (!t) return writeCreate(r, d);
    if (d->lenient) return SEINE_OK;
    return snRunFail(r, SEINE_ERROR, "table %s exists already", d->name);
  }
  if (!t && d->kind == DDL_CREATE_INDEX)
    return snRunFail(r, SEINE_ERROR, "no such table: %s", d->name);
  if (!t) {
    if (d->lenient) return SEINE_OK;
    return snRunFail(r, SEINE_ERROR, "no such table: %s", d->name);
  }
  if (d->kind == DDL_CREATE_INDEX) return snIndexCreate(r, d, t);
  rc = writeFixed(r, d);
  if (rc) return rc;
  switch (d->kind) {
  case DDL_DROP: return snSessionDrop(r->session, t);
  case DDL_MERGE: return snSessionMerge(r->session, t, false, NULL);
  case DDL_MERGE_ALL:
    return d->norder ? writeSort(r, d, t)
                     : snSessionMerge(r->session, t, true, r->error);
  case DDL_RENAME:
    rc = snSessionFind(r->session, d->to, strlen(d->to), &other);
    if (!rc && other && other->table->id != t->table->id)
      rc = snRunFail(r, SEINE_ERROR, "table %s exists already", d->to);
    else if (!rc && writeIsView(r, d->to))
      rc = snRunFail(r, SEINE_ERROR, "%s is the name of a view: a table "
          "needs another one", d->to);
    return rc ? rc : writeAlter(r, d, t);
  default: return writeAlter(r, d, t);
  }
}

int opTxn(Run *r, const Instr *i) {
  Session *s = r->session;
  switch (i->k) {
  case TXN_BEGIN: return snSessionTxnBegin(s, i->flag & 1, r->error);
  case TXN_SAVEPOINT: return snSessionSavepoint(s, i->note, r->error);
  case TXN_RELEASE: return snSessionRelease(s, i->note, r->error);
  case TXN_ROLLBACK_TO: return snSessionRollbackTo(s, i->note, r->error);
  default: break;
  }
  if (!snSessionInTxn(s))
    return snRunFail(r, SEINE_ERROR, "no transaction is open");
  return i->k == TXN_COMMIT ? snSessionCommit(s, r->error)
                            : snSessionRollback(s);
}
