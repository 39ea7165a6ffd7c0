/*
** op_insert: rows that are inserted, also those that take the place of others,
** and what becomes of one that breaks a constraint.
**
** A statement is checked row by row, in order.  OR IGNORE passes a row over,
** OR REPLACE deletes what is in its way, OR FAIL ends the statement but keeps
** what it has done; an UPDATE looks at keys when it ends, so that they may be
** exchanged.
*/
#include "vm/vmInt.h"

typedef struct Insert {
  Run *r;
  const InsertDef *d;
  TableState *t;
  Ingest *in;
  Unique *u;         /* or NULL */
  u32 clause;        /* the ON CONFLICT that the row in work met */
  Sel *sel;          /* rows that are passed over leave it */
} Insert;

/* ---- values ------------------------------------------------------------- */

static int insertValue(const Insert *x, u32 col, const Vec *v, u32 row) {
  const Table *t = x->d->table;
  u32 at = snVecAt(v, row);
  switch (snTypeForm(t->col[col].type)) {
  case FORM_STR: {
    const Str *s = (const Str *)v->data + at;
    int rc = snIngestStr(x->in, col, s->p, s->n);
    if (rc == SEINE_TOOBIG && t->col[col].analyzer)
      return snRunFail(x->r, rc, "%s.%s: a text is too large, or its analyzer "
          "makes more than 64 words of a byte", t->name, t->col[col].name);
    return rc;
  }
  case FORM_REAL:
    return snIngestReal(x->in, col, ((const double *)v->data)[at]);
  default:
    if (v->type == TYPE_BOOLEAN)
      return snIngestInt(x->in, col, snBit(v->data, at));
    return snIngestInt(x->in, col, ((const i64 *)v->data)[at]);
  }
}

static ArrayItem insertItem(const Vec *v, u8 type, u32 row) {
  ArrayItem x = {.null = !v || snVecNull(v, row)};
  u32 at = x.null ? 0 : snVecAt(v, row);
  if (x.null) return x;
  switch (snTypeForm(type)) {
  case FORM_STR:
    x.p = ((const Str *)v->data)[at].p;
    x.n = ((const Str *)v->data)[at].n;
    break;
  case FORM_REAL: x.d = ((const double *)v->data)[at]; break;
  default:
    x.i = v->type == TYPE_BOOLEAN ? snBit(v->data, at)
                                  : ((const i64 *)v->data)[at];
  }
  return x;
}

static const Vec *insertReg(const Insert *x, u32 col) {
  u16 reg = x->d->reg[col];
  return reg == NO_REG ? NULL : snReg(x->r, reg);
}

int snInsertNull(Run *r, const Table *t, u32 col) {
  return snRunFail(r, SEINE_CONSTRAINT, "NOT NULL constraint failed: %s.%s "
      "has no value in a row", t->name, t->col[col].name);
}

/* Numbers count with 8 bytes.  A row that no claim could carry is not held. */
static int insertSize(Insert *x, u32 row) {
  const Table *t = x->d->table;
  i64 n = 0, most = snLimit(x->r->budget, SEINE_LIMIT_ROW);
  for (u32 c = 0; c < t->ncol; c++) {
    const Vec *v = insertReg(x, c);
    if (!v || snVecNull(v, row)) continue;
    n += snTypeForm(t->col[c].type) == FORM_STR
        ? ((const Str *)v->data)[snVecAt(v, row)].n : 8;
  }
  if (n <= SN_MIN(most, (i64)STORE_DELTA) || (n <= most && x->d->bulk))
    return SEINE_OK;
  if (n <= most)
    return snSessionIngest(x->r->session, &x->t, INGEST_DIRECT, &x->in);
  return snRunFail(x->r, SEINE_TOOBIG, "a row of table %s has %lld bytes: %s",
      t->name, (long long)n, snLimitSay(x->r->budget, SEINE_LIMIT_ROW));
}

static int insertPut(Insert *x, i64 id, u32 row) {
  const InsertDef *d = x->d;
  int rc = insertSize(x, row);
  if (!rc) rc = snIngestBegin(x->in, id);
  if (rc) return rc;
  for (u32 c = 0; !rc && c < d->table->ncol; c++) {
    const Vec *v = insertReg(x, c);
    if ((i32)c != d->alias && v && !snVecNull(v, row))
      rc = insertValue(x, c, v, row);
  }
  if (rc) snIngestUndo(x->in);
  else rc = snIngestEnd(x->in);
  return rc;
}

/* ---- constraints -------------------------------------------------------- */

/* The statement ends at a row; its error stands in the run. */
static int insertFail(const Insert *x, u8 on) {
  Run *r = x->r;
  if (on == ON_ROLLBACK) r->undone = true;
  if (on != ON_FAIL) return SEINE_CONSTRAINT;
  char text[sizeof r->error];
  memcpy(text, r->error, sizeof text);
  int rc = snWriteAll(r);
  if (rc) return rc;
  memcpy(r->error, text, sizeof text);
  r->kept = true;
  return SEINE_CONSTRAINT;
}

/* A value is missing, or a CHECK is false: *pass tells that the row goes. */
static int insertCheck(const Insert *x, u32 row, bool *pass) {
  const InsertDef *d = x->d;
  const Table *t = d->table;
  bool bad = false;
  for (u32 c = 0; !bad && c < t->ncol; c++) {
    const Vec *v = t->col[c].not_null ? insertReg(x, c) : NULL;
    if (!t->col[c].not_null || (i32)c == d->alias) continue;
    bad = !v || snVecNull(v, row);
    if (bad) (void)snInsertNull(x->r, t, c);
  }
  for (u32 k = 0; !bad && k < d->ncheck; k++) {
    const Vec *v = snReg(x->r, d->check[k].reg);
    bad = !snVecNull(v, row) && !snBit(v->data, snVecAt(v, row));
    if (bad)
      (void)snRunFail(x->r, SEINE_CONSTRAINT, "CHECK constraint failed: %s: "
          "%.160s", t->name, d->check[k].text);
  }
  *pass = bad && d->on == ON_IGNORE;
  if (*pass) x->r->error[0] = 0;
  return bad && !*pass ? insertFail(x, d->on) : SEINE_OK;
}

/* The first ON CONFLICT for a key; nclause: none is. */
static u32 insertClause(const InsertDef *d, u32 key) {
  u32 k = 0;
  while (k < d->nclause && d->clause[k] >= 0 && (u32)d->clause[k] != key) k++;
  return k;
}

/* With ON CONFLICT: of all rows in the way that one counts whose clause stands
** first, and only a row that meets no clause breaks a key. */
static int insertMeets(Insert *x, i64 id, bool given, i64 except, bool *pass,
    i64 *hit) {
  const InsertDef *d = x->d;
  u32 broken = 0;
  i64 other, by = 0;
  x->clause = d->nclause;
  for (u32 key = 0; x->clause; key++) {
    int rc = snUniqueLook(x->u, id, given, except, &key, &other);
    if (!rc) rc = snSessionById(x->r->session, d->table->id, &x->t);
    if (rc) return rc;
    if (!other) break;
    u32 k = insertClause(d, key);
    if (k < x->clause) {
      x->clause = k;
      *hit = other;
    } else if (k == d->nclause && !by) {
      broken = key;
      by = other;
    }
  }
  *pass = *hit != 0;
  if (*pass || !by) return SEINE_OK;
  *hit = by;
  int rc = snUniqueSay(x->u, broken, by, x->r->error);
  return rc == SEINE_CONSTRAINT ? insertFail(x, ON_ABORT) : rc;
}

/* Looks for rows in the way; *pass: the row goes, *hit: the one that stands
** there. */
static int insertKeys(Insert *x, u32 row, i64 id, bool given, bool *pass,
    i64 *hit) {
  const InsertDef *d = x->d;
  ArrayItem *v = snUniqueRow(x->u);
  i64 except = d->old == NO_REG ? 0
      : ((const i64 *)snReg(x->r, d->old)->data)[row] + 1;
  *hit = 0;
  for (u32 c = 0; c < d->table->ncol; c++)
    v[c] = insertItem(insertReg(x, c), d->table->col[c].type, row);
  if (d->nclause) return insertMeets(x, id, given, except, pass, hit);
  for (u32 key = 0; !d->later;) {
    int rc = snUniqueLook(x->u, id, given, except, &key, hit);
    if (!rc)
      rc = snSessionById(x->r->session, d->table->id, &x->t);
    if (rc || !*hit) return rc;
    *pass = d->on_key == ON_IGNORE;
    if (*pass) return SEINE_OK;
    if (d->on_key != ON_REPLACE) {
      rc = snUniqueSay(x->u, key, *hit, x->r->error);
      return rc == SEINE_CONSTRAINT ? insertFail(x, d->on_key) : rc;
    }
    rc = snUniqueDelete(x->u, *hit - 1);
    if (rc) return rc;
  }
  return SEINE_OK;
}

/* ---- rows --------------------------------------------------------------- */

/* Its rowid, or *given false: a new one is to be had.  A row of a segment has
** one, or the segment is damaged. */
static int insertRowid(const Insert *x, u32 row, i64 *id, bool *given) {
  const InsertDef *d = x->d;
  u16 reg = d->rowid;
  if (reg == NO_REG && d->alias >= 0) reg = d->reg[d->alias];
  const Vec *v = reg == NO_REG ? NULL : snReg(x->r, reg);
  *given = v && !snVecNull(v, row);
  if (*given) *id = ((const i64 *)v->data)[snVecAt(v, row)];
  if (!*given && d->update && d->alias < 0) return SN_CORRUPT;
  if (!*given && d->update)
    return snRunFail(x->r, SEINE_CONSTRAINT, "NOT NULL constraint failed: "
        "%s.%s is the rowid and cannot become NULL", d->table->name,
        d->table->col[d->alias].name);
  return SEINE_OK;
}

static int insertNewRowid(const Insert *x, i64 *id) {
  int rc = snSessionNewRowid(x->r->session, x->t, id);
  if (rc != SEINE_FULL) return rc;
  return snRunFail(x->r, rc, "table %s has given away the largest rowid: "
      "name one that is free", x->d->table->name);
}

/* A rowid that is given is not handed out later on. */
static void insertTake(const Insert *x, i64 id) {
  if (id >= x->t->next_rowid)
    x->t->next_rowid = id == INT64_MAX ? id : id + 1;
}

/* Deletes the row that this one takes the place of. */
static int insertOld(const Insert *x, u32 row) {
  const InsertDef *d = x->d;
  i64 *count = snSessionCounters(x->r->session);
  if (d->old == NO_REG) return SEINE_OK;
  i64 ref = ((const i64 *)snReg(x->r, d->old)->data)[row];
  count[0]++;
  count[1]++;
  if (!d->marked) return snUniqueDelete(x->u, ref);
  return snWriteMark(x->r, x->r->cur + d->cursor, (u32)((u64)ref >> 32),
      (u32)ref);
}

/* *pass: it was not inserted. */
static int insertRow(Insert *x, u32 row, bool *pass, i64 *hit) {
  const InsertDef *d = x->d;
  i64 id = 0, *count = snSessionCounters(x->r->session);
  bool given;
  int rc = insertCheck(x, row, pass);
  *hit = 0;
  if (!rc && !*pass) rc = insertRowid(x, row, &id, &given);
  if (rc || *pass) return rc;
  if (x->u)
    rc = insertKeys(x, row, id, given && id < x->t->next_rowid, pass, hit);
  if (rc || *pass) return rc;
  if (!given) rc = insertNewRowid(x, &id);
  else insertTake(x, id);
  if (!rc) rc = insertOld(x, row);
  if (!rc) rc = insertPut(x, id, row);
  if (!rc && x->u) rc = snUniqueAdd(x->u, id, d->later);
  if (!rc && d->ids != NO_REG)
    ((i64 *)snReg(x->r, d->ids)->data)[row] = id;
  if (rc || d->update) return rc;
  count[0]++;
  count[1]++;
  count[2] = id;
  return SEINE_OK;
}

static int insertBegin(Run *r, const InsertDef *d, Sel *s, Insert *x) {
  *x = (Insert){.r = r, .d = d, .sel = s};
  for (u32 c = 0; c < d->table->ncol; c++) {
    if (d->reg[c] == NO_REG) continue;
    int rc = snRegDecode(r, d->reg[c], s);
    if (rc) return rc;
  }
  int rc = snSessionFind(r->session, d->name, strlen(d->name), &x->t);
  if (!rc && !x->t) rc = SEINE_SCHEMA;
  IngestMode mode = d->bulk ? INGEST_BULK
      : d->update ? INGEST_DIRECT : INGEST_HOLD;
  if (!rc) rc = snSessionIngest(r->session, &x->t, mode, &x->in);
  if (!rc) x->u = snSessionUnique(r->session, x->t->table->id);
  if (!rc && d->ids != NO_REG) rc = snRegFlat(r, d->ids);
  return rc;
}

/* A row that is to be replaced may be gone: replaced before, when several rows
** of a join met it, or deleted by OR REPLACE. */
static bool insertGone(const Insert *x, u32 row) {
  const InsertDef *d = x->d;
  if (d->old == NO_REG) return false;
  i64 ref = ((const i64 *)snReg(x->r, d->old)->data)[row];
  if (!d->marked) return !snUniqueHas(x->u, ref);
  return snWriteMarked(x->r->cur + d->cursor, (u32)((u64)ref >> 32),
      (u32)ref);
}

int opInsert(Run *r, const Instr *i) {
  Insert x;
  Sel *s = r->sel + i->sel;
  int rc = insertBegin(r, i->p, s, &x);
  Rows16 rows = snRunSel(r, s);
  for (u32 k = 0; !rc && k < rows.n; k++) {
    u32 row = rows.rows ? rows.rows[k] : k;
    bool pass = insertGone(&x, row);
    i64 hit;
    if (!pass) rc = insertRow(&x, row, &pass, &hit);
    if (pass) snBitClear(s->bits, row);
  }
  return rc ? rc : snSessionFlushed(r->session, x.t->table->id);
}

/* ---- ON CONFLICT DO UPDATE ---------------------------------------------- */

/* Ends a round: the row meets one of this round. */
static bool insertMet(IntSet *met, i64 ref, u32 fresh) {
  bool mine = (u64)ref >> 32 == UNIQUE_MEM && (u32)ref >= fresh;
  return mine || snIntSetFind(met, (u64)ref) != UINT32_MAX;
}

/* Rows in order: those without a conflict are inserted, of others `out` has
** the references, until one meets a row of this round. */
static int insertRound(Insert *x, const UpsertDef *u, i64 *out, IntSet *met) {
  Run *r = x->r;
  Sel *todo = x->sel;
  Sel *inserted = r->sel + u->inserted;
  Rows16 rows = snRunSel(r, todo);
  u32 fresh = snMemtableDocs(snUniqueMem(x->u));
  inserted->n = todo->n;
  for (u32 k = 0; k < x->d->nclause; k++) {
    Sel *update = u->update[k] == NO_REG ? NULL : r->sel + u->update[k];
    if (!update) continue;
    update->n = todo->n;
    memset(update->bits, 0, sizeof update->bits);
  }
  memset(inserted->bits, 0, sizeof inserted->bits);
  for (u32 k = 0; k < rows.n; k++) {
    u32 row = rows.rows ? rows.rows[k] : k;
    bool pass;
    i64 hit;
    int rc = insertRow(x, row, &pass, &hit);
    if (rc) return rc;
    if (pass && hit && insertMet(met, hit - 1, fresh)) return SEINE_OK;
    snBitClear(todo->bits, row);
    if (!pass) snBitSet(inserted->bits, row);
    if (!pass || !hit || u->update[x->clause] == NO_REG) continue;
    snBitSet(r->sel[u->update[x->clause]].bits, row);
    out[row] = hit - 1;
    (void)snIntSetAdd(met, (u64)hit - 1);
    if (met->rc) return met->rc;
  }
  return SEINE_OK;
}

/* sel: rows that are left; a round takes some of them.  None left: jump. */
int opUpsert(Run *r, const Instr *i) {
  const UpsertDef *u = i->p;
  Insert x;
  IntSet met;
  Sel *s = r->sel + i->sel;
  if (snBitsEmpty(s->bits, SN_WORDS)) {
    r->pc = (u32)i->jump;
    return SEINE_OK;
  }
  int rc = snRunCheck(r);
  if (!rc) rc = insertBegin(r, u->insert, s, &x);
  if (!rc) rc = snRegFlat(r, i->dst);
  if (rc) return rc;
  snIntSetInit(&met, r->budget);
  rc = insertRound(&x, u, snReg(r, i->dst)->data, &met);
  snIntSetClear(&met);
  return rc;
}

static void insertStore(Vec *v, u32 row, const ArrayItem *x) {
  if (v->type == TYPE_BOOLEAN) {
    if (x->i) snBitSet(v->data, row);
    else snBitClear(v->data, row);
    return;
  }
  switch (snTypeForm(v->type)) {
  case FORM_STR: ((Str *)v->data)[row] = (Str){x->p, x->n, 0}; break;
  case FORM_REAL: ((double *)v->data)[row] = x->d; break;
  default: ((i64 *)v->data)[row] = x->i;
  }
}

/* p: InsertDef; the rows may still be in the memtable. */
int opStored(Run *r, const Instr *i) {
  const InsertDef *d = i->p;
  const i64 *ref = snReg(r, i->a)->data;
  Unique *u = snSessionUnique(r->session, d->table->id);
  Rows16 rows = snRunSel(r, r->sel + i->sel);
  u32 col = i->k == (i64)ROWID_COLUMN ? UINT32_MAX : (u32)i->k;
  int rc = snRegFlat(r, i->dst);
  u64 *nulls = rc ? NULL : snRegNulls(r, i->dst);
  if (!nulls) return SN_NOMEM;
  Vec *v = snReg(r, i->dst);
  for (u32 k = 0; !rc && k < rows.n; k++) {
    u32 row = rows.rows ? rows.rows[k] : k;
    ArrayItem x;
    rc = snUniqueValue(u, ref[row], col, &r->batch, &x);
    if (rc) return rc;
    if (x.null) snBitSet(nulls, row);
    insertStore(v, row, &x);
  }
  return rc;
}
