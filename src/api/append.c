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

int snAppendRow(Appender *a, const AppendValue *v) {
  Session *s = a->db->session;
  TableState *t;
  Ingest *in;
  i64 id, *count = snSessionCounters(s);
  int rc = snSessionById(s, a->table->id, &t);
  if (!rc && !t) rc = SEINE_SCHEMA;
  if (!rc) rc = snSessionIngest(s, t, a->bulk, &in);
  if (!rc) rc = snSessionNewRowid(s, t, &id);
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
  if (!rc && (++a->check >= APPEND_CHECK || snIngestFull(in))) {
    a->check = 0;
    rc = snSessionFlushed(s, t->table->id);
  }
  return rc ? snDbError(a->db, rc, "%s", seine_errstr(rc)) : SEINE_OK;
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
