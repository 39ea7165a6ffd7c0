/*
** append: rows into a table without SQL, for the bulk load.
*/
#include "api/apiInt.h"

struct Appender {
  seine *db;
  Table *table;      /* kept */
  bool bulk;
  u32 check;         /* rows until the next look at the memory used */
};
#define APPEND_CHECK 256u

int snAppendBegin(seine *db, const char *table, bool bulk,
    Appender **out) {
  TableState *t;
  char message[256] = "";
  *out = NULL;
  int rc = snSessionWriteBegin(db->session, message);
  if (!rc) rc = snSessionFind(db->session, table, strlen(table), &t);
  if (!rc && !t) {
    (void)snSessionWriteEnd(db->session, false, NULL);
    return snDbError(db, SEINE_ERROR, "no such table: %s", table);
  }
  if (!rc) rc = snSessionWriteEnd(db->session, true, message);
  if (rc)
    return snDbError(db, rc, "%s", *message ? message : seine_errstr(rc));
  if (t->table->ncheck || snTableGenerates(t->table))
    return snDbError(db, SEINE_CONSTRAINT, "table %s has a %s, which a load "
        "does not look at: load into another table, then INSERT ... SELECT",
        table, t->table->ncheck ? "CHECK" : "generated column");
  Appender *a = snMemZero(snDbBudget(db), sizeof *a);
  if (!a) return snDbError(db, SEINE_NOMEM, "out of memory");
  a->db = db;
  a->bulk = bulk;
  a->table = snTableKeep(t->table);
  *out = a;
  return SEINE_OK;
}

const Table *snAppendTable(const Appender *a) { return a->table; }

static int appendValue(Ingest *in, u32 col, const AppendValue *v) {
  switch (v->kind) {
  case APPEND_INT: return snIngestInt(in, col, v->i);
  case APPEND_REAL: return snIngestReal(in, col, v->d);
  case APPEND_STR: return snIngestStr(in, col, v->p, v->n);
  default: return SEINE_OK;
  }
}

/* The Ingest of the table, whose state is *t. */
static int appendOpen(Appender *a, TableState **t, Ingest **in) {
  Session *s = a->db->session;
  int rc = snSessionById(s, a->table->id, t);
  if (!rc && !*t) rc = SEINE_SCHEMA;
  return rc ? rc : snSessionIngest(s, t,
      a->bulk ? INGEST_BULK : INGEST_HOLD, in);
}

/* A row that would break a key is refused: CONSTRAINT. */
static int appendLook(Appender *a, TableState **t, const AppendValue *v,
    i64 rowid, bool given) {
  Session *s = a->db->session;
  Unique *u = snSessionUnique(s, a->table->id);
  char message[256];
  u32 key = 0;
  i64 hit;
  if (!u) return SEINE_OK;
  ArrayItem *x = snUniqueRow(u);
  for (u32 c = 0; c < a->table->ncol; c++)
    x[c] = (ArrayItem){v[c].kind == APPEND_NULL, v[c].i, v[c].d, v[c].p,
        v[c].n};
  int rc = snUniqueLook(u, rowid, given, 0, &key, &hit);
  if (!rc) rc = snSessionById(s, a->table->id, t);
  if (rc || !hit) return rc;
  rc = snUniqueSay(u, key, hit, message);
  return rc == SEINE_CONSTRAINT ? snDbError(a->db, rc, "%s", message) : rc;
}

/* The rowid of a row: given in the column that is it, or a new one. */
static int appendRowid(Appender *a, TableState **t, const AppendValue *v,
    i64 *id) {
  int alias = snConstraintRowidColumn(a->table);
  bool given = alias >= 0 && v[alias].kind == APPEND_INT;
  *id = given ? v[alias].i : 0;
  int rc = appendLook(a, t, v, *id, given && *id < (*t)->next_rowid);
  if (rc || !given)
    return rc ? rc : snSessionNewRowid(a->db->session, *t, id);
  if (*id >= (*t)->next_rowid)
    (*t)->next_rowid = *id == INT64_MAX ? *id : *id + 1;
  return SEINE_OK;
}

int snAppendRow(Appender *a, const AppendValue *v) {
  Session *s = a->db->session;
  TableState *t;
  Ingest *in;
  i64 id, *count = snSessionCounters(s);
  int rc = appendOpen(a, &t, &in);
  if (!rc) rc = appendRowid(a, &t, v, &id);
  if (rc == SEINE_CONSTRAINT) return rc;
  if (!rc) rc = snIngestBegin(in, id);
  if (rc) return snDbError(a->db, rc, "%s", seine_errstr(rc));
  for (u32 c = 0; !rc && c < a->table->ncol; c++)
    rc = appendValue(in, c, v + c);
  if (rc) {
    snIngestUndo(in);
    return snDbError(a->db, rc, "%s", seine_errstr(rc));
  }
  rc = snIngestEnd(in);
  count[1]++;
  count[2] = id;
  Unique *u = snSessionUnique(s, a->table->id);
  if (!rc && u) rc = snUniqueAdd(u, id, false);
  if (!rc && (++a->check >= APPEND_CHECK || snIngestFull(in))) {
    a->check = 0;
    rc = snSessionFlushed(s, t->table->id);
  }
  return rc ? snDbError(a->db, rc, "%s", seine_errstr(rc)) : SEINE_OK;
}

/* As long as no batch is full and the memory need not be looked at. */
static int appendRun(Appender *a, TableState *t, Ingest *in, const u8 *rows,
    const size_t *end, u32 *k, u32 n) {
  Session *s = a->db->session;
  i64 *count = snSessionCounters(s);
  int rc = SEINE_OK;
  while (!rc && *k < n) {
    size_t from = *k ? end[*k - 1] : 0;
    i64 id;
    rc = snSessionNewRowid(s, t, &id);
    if (!rc) rc = snIngestRow(in, id, rows + from, end[*k] - from);
    if (rc) break;
    count[1]++;
    count[2] = id;
    ++*k;
    if (++a->check >= APPEND_CHECK || snIngestFull(in)) {
      a->check = 0;
      return snSessionFlushed(s, t->table->id);
    }
  }
  return rc;
}

int snAppendRows(Appender *a, const u8 *rows, const size_t *end, u32 *k,
    u32 n) {
  TableState *t;
  Ingest *in;
  int rc = SEINE_OK;
  while (!rc && *k < n) {
    rc = appendOpen(a, &t, &in);
    if (!rc) rc = appendRun(a, t, in, rows, end, k, n);
  }
  return rc ? snDbError(a->db, rc, "%s", seine_errstr(rc)) : SEINE_OK;
}

Ingest *snAppendIngest(Appender *a) {
  TableState *t;
  Ingest *in;
  bool alone = snConstraintAny(a->table); /* rows are looked at one by one */
  return alone || appendOpen(a, &t, &in) ? NULL : in;
}

int snAppendGather(Appender *a) {
  int rc = snSessionGather(a->db->session);
  return rc ? snDbError(a->db, rc, "%s", seine_errstr(rc)) : SEINE_OK;
}

void snAppendEnd(Appender *a) {
  if (!a) return;
  snTableDrop(a->table);
  snMemFree(a);
}
#undef APPEND_CHECK
