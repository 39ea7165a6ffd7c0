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

/* The Ingest of the table, whose state is *t. */
static int appendOpen(Appender *a, TableState **t, Ingest **in) {
  Session *s = a->db->session;
  int rc = snSessionById(s, a->table->id, t);
  if (!rc && !*t) rc = SEINE_SCHEMA;
  return rc ? rc : snSessionIngest(s, *t, a->bulk, in);
}

int snAppendRow(Appender *a, const AppendValue *v) {
  Session *s = a->db->session;
  TableState *t;
  Ingest *in;
  i64 id, *count = snSessionCounters(s);
  int rc = appendOpen(a, &t, &in);
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
  return appendOpen(a, &t, &in) ? NULL : in;
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
