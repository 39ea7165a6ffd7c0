/*
** apiInt: what the files of api/ share: the connection behind `seine`.
*/
#ifndef SN_APIINT_H
#define SN_APIINT_H
#include "sql/sql.h"

struct seine {
  Session *session;
  int rc;
  char message[768];
  char hint[256];
  int offset;
  volatile int interrupted; /* set by any thread */
  int (*progress)(void *);
  void *progress_arg;
  int (*busy)(void *, int);
  void *busy_arg;
  i64 busy_since;
  unsigned trace;    /* mask */
  int (*traced)(unsigned, void *, void *, void *);
  void *traced_arg;
  seine_stmt *stmts; /* open ones, linked */
  int running;
  seine_import *load; /* the one that is open, or NULL */
  FileDoor files;     /* how SQL reads files */
  bool in_load;       /* it is at work: statements are its own */
};

/* ---- From db.c: errors -------------------------------------------------- */

/* Sets code and message; returns rc. */
SN_FUNC int snDbError(seine *db, int rc, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
SN_FUNC int snDbOk(seine *db); /* forgets the last error */
SN_FUNC Budget *snDbBudget(seine *db);
SN_FUNC void snDbResume(seine *db); /* no statement runs: not interrupted */
static inline void snDbTrace(const seine *db, unsigned what, void *p,
    void *x) {
  if (db->trace & what) (void)db->traced(what, db->traced_arg, p, x);
}
SN_FUNC bool snDbInterrupted(seine *db); /* asked once per batch of rows */

/* ---- From stmt.c -------------------------------------------------------- */

SN_FUNC seine_stmt *snStmtStale(seine_stmt *s); /* compiles anew; the next */

/* ---- From append.c: rows into a table, without SQL ---------------------- */

typedef enum AppendKind {
  APPEND_NULL, APPEND_INT, APPEND_REAL, APPEND_STR
} AppendKind;
/* In the form of the column's type (see Form in schema.h): INT for BOOLEAN,
** INTEGER, TIMESTAMP, DATE, GEOPOINT; REAL; STR for the others and for arrays
** (array bytes). */
typedef struct AppendValue {
  u8 kind;
  u32 n;
  i64 i;
  double d;
  const void *p;
} AppendValue;
typedef struct Appender Appender;
/* Inside an open transaction (BEGIN).  No such table: SEINE_ERROR with a
** message.  bulk: threads may take the rows, and an error in one may show
** with a later one, or in Gather, at the latest in COMMIT. */
SN_FUNC int snAppendBegin(seine *db, const char *table, bool bulk,
    Appender **out);
SN_FUNC const Table *snAppendTable(const Appender *a);
SN_FUNC int snAppendRow(Appender *a, const AppendValue *v); /* ncol values */
/* Rows *k to n of those made by snBatchBegin() and its like; row i ends at
** end[i].  *k: the first that was not taken. */
SN_FUNC int snAppendRows(Appender *a, const u8 *rows, const size_t *end,
    u32 *k, u32 n);
SN_FUNC Ingest *snAppendIngest(Appender *a); /* or NULL, good until a row */
SN_FUNC int snAppendGather(Appender *a); /* waits for the threads */
SN_FUNC void snAppendEnd(Appender *a); /* frees it; the rows stay */

/* ---- From import.c ------------------------------------------------------ */

SN_FUNC void snImportCatchUp(seine_import *imp); /* all that was fed is rows */

#endif
