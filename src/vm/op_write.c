/*
** op_write: inserted and deleted rows, the schema, transactions.
*/
#include "vm/vmInt.h"

/* ---- insert ------------------------------------------------------------- */

static int writeValue(Run *r, Ingest *in, const Table *t, u32 col,
    const Vec *v, u32 row) {
  u32 at = snVecAt(v, row);
  switch (snTypeForm(t->col[col].type)) {
  case FORM_STR: {
    const Str *s = (const Str *)v->data + at;
    int rc = snIngestStr(in, col, s->p, s->n);
    if (rc == SEINE_TOOBIG && t->col[col].analyzer)
      return snRunFail(r, rc, "%s.%s: a text is too large, or its analyzer "
          "makes more than 64 words of a byte", t->name, t->col[col].name);
    return rc;
  }
  case FORM_REAL:
    return snIngestReal(in, col, ((const double *)v->data)[at]);
  default:
    if (v->type == TYPE_BOOLEAN)
      return snIngestInt(in, col, snBit(v->data, at));
    return snIngestInt(in, col, ((const i64 *)v->data)[at]);
  }
}

int snWriteNull(Run *r, const Table *t, u32 col) {
  return snRunFail(r, SEINE_ERROR, "%s.%s is NOT NULL and has no value in a "
      "row", t->name, t->col[col].name);
}

static int writeRow(Run *r, const InsertDef *d, Ingest *in, u32 row) {
  const Table *t = d->table;
  for (u32 c = 0; c < t->ncol; c++) {
    const Vec *v = d->reg[c] == NO_REG ? NULL : snReg(r, d->reg[c]);
    if (!v || snVecNull(v, row)) {
      if (t->col[c].not_null) return snWriteNull(r, t, c);
      continue;
    }
    int rc = writeValue(r, in, t, c, v, row);
    if (rc) return rc;
  }
  return SEINE_OK;
}

int opInsert(Run *r, const Instr *i) {
  const InsertDef *d = i->p;
  const Sel *s = r->sel + i->sel;
  TableState *t;
  Ingest *in;
  i64 *count = snSessionCounters(r->session);
  for (u32 c = 0; c < d->table->ncol; c++) {
    if (d->reg[c] == NO_REG) continue;
    int rc = snRegDecode(r, d->reg[c], s);
    if (rc) return rc;
  }
  int rc = snSessionFind(r->session, d->name, strlen(d->name), &t);
  if (!rc && !t) rc = SEINE_SCHEMA;
  if (!rc) rc = snSessionIngest(r->session, t, d->bulk, &in);
  Rows16 rows = snRunSel(r, s);
  for (u32 k = 0; !rc && k < rows.n; k++) {
    u32 row = rows.rows ? rows.rows[k] : k;
    i64 id;
    if (d->rowid == NO_REG) rc = snSessionNewRowid(r->session, t, &id);
    else id = ((const i64 *)snReg(r, d->rowid)->data)[row];
    if (!rc) rc = snIngestBegin(in, id);
    if (!rc) rc = writeRow(r, d, in, row);
    if (rc) snIngestUndo(in);
    else rc = snIngestEnd(in);
    if (rc || d->update) continue;
    count[0]++;
    count[1]++;
    count[2] = id;
  }
  return rc ? rc : snSessionFlushed(r->session, t->table->id);
}

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

/* a: cursor, which stands on the window. */
int opDelete(Run *r, const Instr *i) {
  Cursor *c = r->cur + i->a;
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

/* k 1: what Delete, Insert and Update collected becomes part of the
** transaction. */
int opWrite(Run *r, const Instr *i) {
  if (!i->k) return SEINE_OK;
  for (u32 k = 0; k < r->prog->ncur; k++) {
    Cursor *c = r->cur + k;
    int rc = snUpdateEnd(r, c);
    if (!rc && c->deleted)
      rc = snSessionDelete(r->session, c->view, c->deleted);
    if (rc) return rc;
  }
  return snSessionGather(r->session);
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
    if (rc == SEINE_ERROR)
      (void)snRunFail(r, rc, "table %s has two columns named %s", d->name,
          c->name);
  }
  if (!rc) rc = snSessionCreate(r->session, t);
  snTableDrop(t);
  return rc;
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
  } else {
    snTableRemoveColumn(t, (u32)at);
  }
  if (!rc) rc = snSessionAlter(r->session, old, t);
  snTableDrop(t);
  return rc;
}

static int writeObject(Run *r, const DdlDef *d) {
  static const char *const kinds[] = {"", "analyzer", "setting"};
  bool create = d->kind == DDL_CREATE_OBJECT;
  const CatalogObject *o = snSessionObjectFind(r->session, d->object,
      d->name, strlen(d->name));
  if (d->kind == DDL_SET && !d->to && !o) return SEINE_OK;
  if (create == !o || d->kind == DDL_SET)
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

int opDdl(Run *r, const Instr *i) {
  const DdlDef *d = i->p;
  TableState *t, *other;
  if (d->object) return writeObject(r, d);
  int rc = snSessionFind(r->session, d->name, strlen(d->name), &t);
  if (rc) return rc;
  if (d->kind == DDL_CREATE) {
    if (!t) return writeCreate(r, d);
    if (d->lenient) return SEINE_OK;
    return snRunFail(r, SEINE_ERROR, "table %s exists already", d->name);
  }
  if (!t) {
    if (d->lenient) return SEINE_OK;
    return snRunFail(r, SEINE_ERROR, "no such table: %s", d->name);
  }
  rc = writeFixed(r, d);
  if (rc) return rc;
  switch (d->kind) {
  case DDL_DROP: return snSessionDrop(r->session, t);
  case DDL_MERGE: return snSessionMerge(r->session, t, false);
  case DDL_MERGE_ALL: return snSessionMerge(r->session, t, true);
  case DDL_RENAME:
    rc = snSessionFind(r->session, d->to, strlen(d->to), &other);
    if (!rc && other && other->table->id != t->table->id)
      rc = snRunFail(r, SEINE_ERROR, "table %s exists already", d->to);
    return rc ? rc : writeAlter(r, d, t);
  default: return writeAlter(r, d, t);
  }
}

int opTxn(Run *r, const Instr *i) {
  Session *s = r->session;
  if (i->k == 0) return snSessionTxnBegin(s, i->flag & 1, r->error);
  if (!snSessionInTxn(s))
    return snRunFail(r, SEINE_ERROR, "no transaction is open");
  return i->k == 1 ? snSessionCommit(s, r->error) : snSessionRollback(s);
}
