/*
** shell_dump: a database as statements that make it again, or as NDJSON.
**
** (1) All of it is read in one transaction: one state of the database.
** (2) Analyzers come first; tables of stored queries come behind the tables
**     that their queries ask.
** (3) A statement inserts up to DUMP_ROWS rows, each on a line of its own.
** (4) What is saved of a damaged file may break a key, since deleted rows are
**     back, or have NULL where there must be none: such rows are passed over.
*/
#include "shell/shellInt.h"
#include <stdlib.h>
#include <string.h>

#define DUMP_ROWS 100

static int shellDumpQuery(Shell *p, ShellBuf *sql, seine_stmt **stmt) {
  shellBufPutc(sql, 0);
  int rc = shellPrepare(p, sql->z, stmt);
  shellBufClear(sql);
  return rc;
}

/* SELECT quote("a"), quote("b") ... FROM "t": what an INSERT without names of
** columns takes, so none that are generated. */
static int shellDumpSelect(Shell *p, const char *table, seine_stmt **out) {
  ShellBuf sql = {0};
  const char *before = "SELECT quote(";
  seine_stmt *stmt;
  int rc;
  *out = NULL;
  shellBufPuts(&sql, "DESCRIBE ");
  shellBufName(&sql, table);
  rc = shellDumpQuery(p, &sql, &stmt);
  while (rc == SHELL_OK && seine_step(stmt) == SEINE_ROW) {
    const char *extra = seine_column_text(stmt, 5);
    if (extra && !strncmp(extra, "GENERATED ", 10)) continue;
    shellBufPuts(&sql, before);
    shellBufName(&sql, seine_column_text(stmt, 0));
    shellBufPutc(&sql, ')');
    before = ", quote(";
  }
  shellBufPuts(&sql, " FROM ");
  shellBufName(&sql, table);
  if (rc == SHELL_OK) rc = shellDumpQuery(p, &sql, out);
  seine_finalize(stmt);
  shellBufFree(&sql);
  return rc;
}

static int shellDumpRows(Shell *p, const char *table, int how) {
  ShellBuf name = {0};
  seine_stmt *stmt;
  long n = 0;
  int i, rc = shellDumpSelect(p, table, &stmt);
  if (rc) return rc;
  shellBufName(&name, table);
  shellBufPutc(&name, 0);
  while ((rc = seine_step(stmt)) == SEINE_ROW) {
    if (n % DUMP_ROWS == 0)
      fprintf(p->out, "%sINSERT %sINTO %s VALUES\n  (", n ? ";\n" : "",
          how == SHELL_DUMP_SAVE ? "OR IGNORE " : "", name.z);
    else fputs(",\n  (", p->out);
    for (i = 0; i < seine_column_count(stmt); i++) {
      const char *z = seine_column_text(stmt, i);
      if (i) fputs(", ", p->out);
      fwrite(z ? z : "NULL", 1, z ? (size_t)seine_column_bytes(stmt, i) : 4,
          p->out);
    }
    fputc(')', p->out);
    n++;
  }
  if (n) fputs(";\n", p->out);
  rc = rc == SEINE_DONE ? SHELL_OK
                        : shellError(p, "%s", seine_errmsg(p->db));
  seine_finalize(stmt);
  shellBufFree(&name);
  return rc;
}

static int shellDumpJson(Shell *p, const char *table) {
  ShellBuf sql = {0};
  seine_stmt *stmt;
  int mode = p->mode, rc;
  shellBufPuts(&sql, "SELECT * FROM ");
  shellBufName(&sql, table);
  rc = shellDumpQuery(p, &sql, &stmt);
  p->mode = SHELL_MODE_NDJSON;
  if (rc == SHELL_OK) rc = shellOutAll(p, stmt, NULL);
  p->mode = mode;
  seine_finalize(stmt);
  shellBufFree(&sql);
  return rc;
}

static int shellDumpObject(Shell *p, const char *name, const char *sql,
    int how) {
  int table = strncmp(sql, "CREATE TABLE", 12) == 0, rc;
  if (how != SHELL_DUMP_NDJSON) fprintf(p->out, "%s;\n", sql);
  if (!table) return SHELL_OK;
  rc = how == SHELL_DUMP_NDJSON ? shellDumpJson(p, name)
                                : shellDumpRows(p, name, how);
  return how == SHELL_DUMP_SAVE && rc == SHELL_FAIL ? SHELL_OK : rc;
}

/* Invariant (2): those that come first, then the others. */
static int shellDumpPass(Shell *p, const char *pattern, int how, int later) {
  seine_stmt *stmt;
  int rc = shellPrepare(p, "PRAGMA schema", &stmt), step = SEINE_DONE;
  if (rc) return rc;
  while (rc == SHELL_OK && (step = seine_step(stmt)) == SEINE_ROW) {
    const char *name = seine_column_text(stmt, 0);
    const char *sql = seine_column_text(stmt, 1);
    if (!name || !sql || (strstr(sql, "ANALYZER 'query(") != NULL) != later)
      continue;
    if (pattern && !shellLike(pattern, name)) continue;
    rc = shellDumpObject(p, name, sql, how);
  }
  if (rc == SHELL_OK && step != SEINE_DONE)
    rc = shellError(p, "%s", seine_errmsg(p->db));
  seine_finalize(stmt);
  return rc;
}

int shellDump(Shell *p, const char *pattern, int how) {
  int json = how == SHELL_DUMP_NDJSON;
  int own = seine_get_autocommit(p->db), rc = SHELL_OK, later;
  if (own && seine_exec(p->db, "BEGIN", NULL, NULL, NULL) != SEINE_OK)
    return shellError(p, "%s", seine_errmsg(p->db));
  if (!json) fputs("BEGIN;\n", p->out);
  for (later = 0; later < 2 && rc == SHELL_OK; later++)
    rc = shellDumpPass(p, pattern, how, later);
  if (!json) fputs(rc == SHELL_OK ? "COMMIT;\n" : "ROLLBACK;\n", p->out);
  if (own) seine_exec(p->db, "ROLLBACK", NULL, NULL, NULL);
  return rc;
}

static int shellDumpLost(Shell *p) {
  seine_stmt *stmt;
  int rc = shellPrepare(p, "PRAGMA lost", &stmt);
  if (rc) return rc;
  while ((rc = seine_step(stmt)) == SEINE_ROW) {
    const char *z = seine_column_text(stmt, 0);
    fprintf(stderr, "lost: %s\n", z ? z : "?");
  }
  rc = rc == SEINE_DONE ? SHELL_OK
                        : shellError(p, "%s", seine_errmsg(p->db));
  seine_finalize(stmt);
  return rc;
}

int shellDumpRecover(Shell *p, const char *path) {
  seine *was = p->db;
  int flags = SEINE_OPEN_RECOVER | (p->open_flags & SEINE_OPEN_NOMAP);
  int rc = seine_open_v2(path, &p->db, flags, NULL);
  if (rc) {
    rc = shellError(p, "cannot open %s: %s", path,
        p->db ? seine_errmsg(p->db) : seine_errstr(rc));
  } else {
    rc = shellDump(p, NULL, SHELL_DUMP_SAVE);
    if (shellDumpLost(p)) rc = SHELL_FAIL;
  }
  seine_close(p->db);
  p->db = was;
  return rc;
}
