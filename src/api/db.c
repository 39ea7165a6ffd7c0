/*
** db: connections: open, close, errors, what may stop a statement.
*/
#include "api/apiInt.h"

const char *seine_libversion(void) { return SEINE_VERSION; }
void *seine_malloc(size_t n) { return malloc(n ? n : 1); }
void seine_free(void *p) { free(p); }

char *seine_mprintf(const char *fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  int n = vsnprintf(NULL, 0, fmt, ap);
  va_end(ap);
  char *s = n < 0 ? NULL : malloc((size_t)n + 1);
  if (!s) return NULL;
  va_start(ap, fmt);
  vsnprintf(s, (size_t)n + 1, fmt, ap);
  va_end(ap);
  return s;
}

const char *seine_errstr(int rc) {
  switch (rc) {
  case SEINE_OK: return "not an error";
  case SEINE_ERROR: return "SQL error";
  case SEINE_BUSY: return "the database is locked";
  case SEINE_NOMEM: return "out of memory";
  case SEINE_READONLY: return "the database is open for reading only";
  case SEINE_INTERRUPT: return "interrupted";
  case SEINE_IOERR: return "input or output failed";
  case SEINE_CORRUPT: return "the database file is damaged";
  case SEINE_FULL: return "no space left on the device";
  case SEINE_CANTOPEN: return "the file cannot be opened";
  case SEINE_SCHEMA: return "the schema changed";
  case SEINE_TOOBIG: return "a value, a statement or a nesting is too large";
  case SEINE_CONSTRAINT: return "a constraint failed";
  case SEINE_MISUSE: return "the interface was called out of order";
  case SEINE_AUTH: return "the authorizer has refused it";
  case SEINE_RANGE: return "no such parameter or column";
  case SEINE_NOTADB: return "the file is not a Seine database";
  case SEINE_ROW: return "a row is ready";
  case SEINE_DONE: return "the statement has finished";
  default: return "unknown result code";
  }
}

int snDbError(seine *db, int rc, const char *fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  vsnprintf(db->message, sizeof db->message, fmt, ap);
  va_end(ap);
  db->hint[0] = 0;
  db->offset = -1;
  return db->rc = rc;
}

int snDbOk(seine *db) {
  db->message[0] = db->hint[0] = 0;
  db->offset = -1;
  return db->rc = SEINE_OK;
}

Budget *snDbBudget(seine *db) { return snSessionBudget(db->session); }

bool snDbInterrupted(seine *db) {
  if (__atomic_load_n(&db->interrupted, __ATOMIC_RELAXED)) return true;
  return db->progress && db->progress(db->progress_arg);
}

static int dbCancelled(void *arg) { return snDbInterrupted(arg); }

/* ---- open and close ----------------------------------------------------- */

/* The store asks while another writer holds the lock. */
static int dbBusy(void *arg, int count, u32 *us) {
  seine *db = arg;
  static const int steps[] = {1, 2, 5, 10, 15, 20, 25, 25, 25, 50, 50, 100};
  if (db->busy) return db->busy(db->busy_arg, count);
  Vfs *v = snOsUnix();
  i64 now = v->now_us(v);
  if (!count) db->busy_since = now;
  i64 wait = snSessionSettings(db->session)->busy_ms * 1000;
  if (now - db->busy_since >= wait) return 0;
  int k = SN_MIN(count, (int)SN_COUNT(steps) - 1);
  *us = (u32)steps[k] * 1000;
  return 1;
}

static void dbMessage(void *arg, const char *text) {
  seine *db = arg;
  snprintf(db->message, sizeof db->message, "%s", text);
}

int seine_open_v2(const char *file, seine **out, int flags,
    const char *vfs) {
  *out = NULL;
  seine *db = calloc(1, sizeof *db);
  if (!db) return SEINE_NOMEM;
  bool memory = !file || !*file || !strcmp(file, ":memory:");
  StoreConfig c = {0};
  c.vfs = memory ? snOsMemory() : snOsFind(vfs);
  c.path = memory ? NULL : file;
  c.recover = (flags & SEINE_OPEN_RECOVER) != 0;
  c.read_only = c.recover || (flags & SEINE_OPEN_READONLY) != 0;
  c.create = (flags & SEINE_OPEN_CREATE) != 0 || memory;
  c.no_map = (flags & SEINE_OPEN_NOMAP) != 0;
  c.busy = dbBusy;
  c.busy_arg = db;
  c.message = dbMessage;
  c.message_arg = db;
  *out = db;
  (void)snDbOk(db);
  if (!c.vfs)
    return snDbError(db, SEINE_CANTOPEN, "no such vfs: %s", vfs);
  int rc = snSessionOpen(&c, &db->session);
  if (!rc) {
    snSessionSetCancel(db->session, dbCancelled, db);
    snDbBudget(db)->stop = &db->interrupted;
  }
  if (!rc) rc = seine_enable_files(db, 1);
  if (!rc) rc = snSessionRefresh(db->session);
  if (!rc) snSessionIdle(db->session);
  if (!rc) return snDbOk(db);
  db->rc = rc;
  if (!db->message[0])
    snprintf(db->message, sizeof db->message, "%s: %s",
        file ? file : ":memory:", seine_errstr(rc));
  return rc;
}

int seine_open(const char *file, seine **db) {
  return seine_open_v2(file, db, SEINE_OPEN_READWRITE | SEINE_OPEN_CREATE,
      NULL);
}

int seine_close(seine *db) {
  if (!db) return SEINE_OK;
  while (db->stmts) (void)seine_finalize(db->stmts);
  snDbTrace(db, SEINE_TRACE_CLOSE, db, NULL);
  db->busy = NULL; /* closing waits for nobody */
  if (db->session) snSessionSettings(db->session)->busy_ms = 0;
  snSessionClose(db->session);
  free(db);
  return SEINE_OK;
}

/* ---- what a person asks ------------------------------------------------- */

const char *seine_errmsg(seine *db) {
  if (!db) return seine_errstr(SEINE_NOMEM);
  return db->message[0] ? db->message : seine_errstr(db->rc);
}

int seine_errcode(seine *db) { return db ? db->rc : SEINE_NOMEM; }
int seine_error_offset(seine *db) { return db ? db->offset : -1; }
const char *seine_error_hint(seine *db) { return db ? db->hint : ""; }

int seine_busy_timeout(seine *db, int ms) {
  db->busy = NULL;
  if (!db->session) return SEINE_MISUSE;
  snSessionSettings(db->session)->busy_ms = ms < 0 ? 0 : ms;
  return SEINE_OK;
}

int seine_busy_handler(seine *db, int (*fn)(void *, int), void *arg) {
  db->busy = fn;
  db->busy_arg = arg;
  return SEINE_OK;
}

void snDbResume(seine *db) {
  if (!db->running) __atomic_store_n(&db->interrupted, 0, __ATOMIC_RELAXED);
}

void seine_interrupt(seine *db) {
  __atomic_store_n(&db->interrupted, 1, __ATOMIC_RELAXED);
}

void seine_progress_handler(seine *db, int (*fn)(void *), void *arg) {
  db->progress = fn;
  db->progress_arg = arg;
}

int seine_trace_v2(seine *db, unsigned mask,
    int (*fn)(unsigned, void *, void *, void *), void *arg) {
  db->trace = fn ? mask : 0;
  db->traced = fn;
  db->traced_arg = arg;
  return SEINE_OK;
}

int seine_get_autocommit(seine *db) {
  return db->session ? !snSessionInTxn(db->session) : 1;
}

int64_t seine_changes64(seine *db) {
  return db->session ? snSessionCounters(db->session)[0] : 0;
}

int64_t seine_total_changes64(seine *db) {
  return db->session ? snSessionCounters(db->session)[1] : 0;
}

int64_t seine_last_insert_rowid(seine *db) {
  return db->session ? snSessionCounters(db->session)[2] : 0;
}

int64_t seine_memory_used(seine *db) {
  return db->session ? snMemUsed(snSessionBudget(db->session)) : 0;
}

int64_t seine_memory_highwater(seine *db) {
  return db->session ? snMemPeak(snSessionBudget(db->session)) : 0;
}

int64_t seine_limit(seine *db, int id, int64_t value) {
  if (!db->session || !snLimitDef(id)) return -1;
  return snSessionLimit(db->session, id, value, false);
}

int seine_harden(seine *db) {
  if (!db->session) return SEINE_MISUSE;
  snSessionHarden(db->session);
  return SEINE_OK;
}

int seine_set_authorizer(seine *db,
    int (*fn)(void *, int, const char *, const char *, const char *),
    void *arg) {
  if (!db->session) return SEINE_MISUSE;
  snSessionSetGuard(db->session, (Guard){fn, arg});
  for (seine_stmt *s = db->stmts; s; s = snStmtStale(s)) {}
  return SEINE_OK;
}

int seine_complete(const char *sql) { return snSqlComplete(sql); }

/* ---- exec --------------------------------------------------------------- */

typedef struct DbExec {
  int (*fn)(void *, int, char **, char **);
  void *arg;
  char **cell;       /* texts, then names: made at the first row, since the
                     ** step before it may have compiled anew */
} DbExec;

static int dbExecRow(seine *db, seine_stmt *s, DbExec *x) {
  int n = seine_column_count(s);
  if (!x->cell) x->cell = calloc(2 * (size_t)n + 1, sizeof *x->cell);
  if (!x->cell) return snDbError(db, SEINE_NOMEM, "out of memory");
  for (int k = 0; k < n; k++) {
    const char *t = seine_column_text(s, k);
    x->cell[k] = t ? seine_mprintf("%s", t) : NULL;
    x->cell[n + k] = (char *)(uintptr_t)seine_column_name(s, k);
    if (t && !x->cell[k]) return snDbError(db, SEINE_NOMEM, "out of memory");
  }
  int stop = x->fn(x->arg, n, x->cell, x->cell + n);
  for (int k = 0; k < n; k++) {
    free(x->cell[k]);
    x->cell[k] = NULL;
  }
  return stop ? snDbError(db, SEINE_INTERRUPT, "the callback asked to stop")
              : SEINE_OK;
}

static int dbExecOne(seine *db, seine_stmt *s, DbExec *x) {
  int rc, err = SEINE_OK;
  while ((rc = seine_step(s)) == SEINE_ROW)
    if (x->fn && (err = dbExecRow(db, s, x))) break;
  for (int k = 0; x->cell && k < seine_column_count(s); k++)
    free(x->cell[k]);
  free(x->cell);
  x->cell = NULL;
  if (err) return err;
  return rc == SEINE_DONE ? SEINE_OK : rc;
}

int seine_exec(seine *db, const char *sql,
    int (*fn)(void *, int, char **, char **), void *arg, char **errmsg) {
  DbExec x = {fn, arg, NULL};
  int rc = SEINE_OK;
  const char *all = sql;
  if (errmsg) *errmsg = NULL;
  while (!rc && *sql) {
    seine_stmt *s;
    const char *from = sql;
    rc = seine_prepare_v2(db, sql, -1, &s, &sql);
    if (rc && db->offset >= 0) db->offset += (int)(from - all);
    if (rc || !s) continue;
    rc = dbExecOne(db, s, &x);
    (void)seine_finalize(s);
  }
  if (rc && errmsg) *errmsg = seine_mprintf("%s", seine_errmsg(db));
  return rc;
}
