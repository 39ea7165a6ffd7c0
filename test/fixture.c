/*
** testfixture: a Tcl interpreter with the library inside.
**
**   testfixture SCRIPT ?ARG ...?
**
** A script sees these commands besides Tcl's own:
**
**   seine DB FILE ?-readonly? ?-nomap? ?-recover? ?-vfs NAME?
**       Opens FILE and makes the command DB, see "the handle" below.
**   import DB TABLE FORMAT DATA ?-chunk N? ?-abort?
**       Feeds DATA in pieces of N bytes; FORMAT is auto, ndjson, csv, tsv,
**       lines or access.  Returns lines N rows N rejects N bytes N format F
**       created N.  -abort takes the load back at its end.
**   import_channel DB TABLE FORMAT CHANNEL
**       The same from an open channel, to its end.
**   sql_complete SQL
**   fault_mem N ?persistent?, fault_mem_count, fault_log
**       The n-th allocation from now fails (0: none); how many were asked;
**       where the first error was raised.  In a test build only.
**   fault_io N ?persistent?, fault_io_count
**       The same for calls of the vfs, in databases of `-vfs probe`, which are
**       files as without it.
**
** The handle.  Rows come back as lists of texts.  NULL is shown as the text
** of DB nullvalue ("" at first), a BOOLEAN as true or false.  $name, :name
** and @name in SQL take their values from Tcl variables of the caller: an
** unset variable is NULL, a pure byte array or any @name is a blob, what Tcl
** holds as a number is a number, the rest is text.
**
**   DB eval SQL ?array? ?script?     every statement of SQL
**   DB onecolumn SQL                 first column of the first row, or ""
**   DB exists SQL                    1 when there is a row
**   DB rows SQL                      a list of rows, each a list
**   DB names SQL, DB types SQL, DB decltypes SQL
**       of the columns; types are those of the first row
**   DB prepare NAME SQL              makes the command NAME:
**       NAME step | reset | finalize | row | names | readonly | sql
**       NAME bind N VALUE | bindnull N | clear | params | status WHAT
**   DB close | errorcode | errormsg | errorhint | erroroffset
**   DB changes | total_changes | last_rowid | autocommit | interrupt
**   DB busy MS-OR-COMMAND            the command gets the number of calls
**   DB files ON                      whether SQL may read files
**   DB progress COMMAND              "" removes it; true stops the statement
**   DB memory ?high?                 bytes in use, or the most
**   DB nullvalue TEXT
*/
#include "base/base.h"
#include <tcl.h>
#ifdef SEINE_TEST
#include "store/probe.h"
#endif

typedef struct Stmt Stmt;
typedef struct Handle {
  seine *db;
  Tcl_Interp *interp;
  Tcl_Command command;
  Tcl_Obj *null_text;
  Tcl_Obj *busy, *progress; /* commands, or 0 */
  int depth;                /* statements that run scripts now */
  Stmt *stmts;              /* commands made by prepare */
} Handle;

struct Stmt {
  Handle *h;
  Stmt *next;
  seine_stmt *stmt;
  Tcl_Command command;
};

/* ---- errors ------------------------------------------------------------- */

static int fixtureError(Tcl_Interp *interp, const char *text) {
  Tcl_SetObjResult(interp, Tcl_NewStringObj(text, -1));
  return TCL_ERROR;
}

/* The last error of the connection as a Tcl error with code {SEINE rc}; it is
** {SEINE 7 value} when a row was given and had no memory for a value. */
static int fixtureDbError(Handle *h, int rc) {
  Tcl_Obj *code = Tcl_NewListObj(0, 0);
  Tcl_ListObjAppendElement(0, code, Tcl_NewStringObj("SEINE", -1));
  Tcl_ListObjAppendElement(0, code, Tcl_NewIntObj(rc));
  Tcl_SetObjErrorCode(h->interp, code);
  return fixtureError(h->interp, seine_errmsg(h->db));
}

/* ---- values ------------------------------------------------------------- */

static Tcl_Obj *fixtureColumn(Handle *h, seine_stmt *s, int i) {
  const char *decl;
  switch (seine_column_type(s, i)) {
    case SEINE_NULL:
      return h->null_text;
    case SEINE_INTEGER:
      decl = seine_column_decltype(s, i);
      if (decl && !strcmp(decl, "BOOLEAN")) {
        return Tcl_NewStringObj(
            seine_column_int64(s, i) ? "true" : "false", -1);
      }
      return Tcl_NewWideIntObj(seine_column_int64(s, i));
    case SEINE_BLOB:
      return Tcl_NewByteArrayObj(seine_column_blob(s, i),
          seine_column_bytes(s, i));
    default: {
      const char *text = seine_column_text(s, i);
      if (!text) return Tcl_NewStringObj("", 0); /* no memory for it */
      return Tcl_NewStringObj(text, seine_column_bytes(s, i));
    }
  }
}

/* Type names differ between the releases of Tcl 8; compare by text. */
static int fixtureBind(seine_stmt *s, int i, Tcl_Obj *v, bool blob) {
  const char *type = v->typePtr ? v->typePtr->name : "";
  int n = 0;
  if (blob || (!v->bytes && !strcmp(type, "bytearray"))) {
    const unsigned char *p = Tcl_GetByteArrayFromObj(v, &n);
    return seine_bind_blob(s, i, p, n);
  }
  if (!strcmp(type, "int") || !strcmp(type, "wideInt")) {
    Tcl_WideInt w = 0;
    if (Tcl_GetWideIntFromObj(0, v, &w) == TCL_OK) {
      return seine_bind_int64(s, i, w);
    }
  }
  if (!strcmp(type, "double")) {
    double d = 0;
    if (Tcl_GetDoubleFromObj(0, v, &d) == TCL_OK) {
      return seine_bind_double(s, i, d);
    }
  }
  const char *text = Tcl_GetStringFromObj(v, &n);
  return seine_bind_text(s, i, text, n);
}

/* Binds each named parameter from the variable of that name. */
static int fixtureBindVars(Handle *h, seine_stmt *s) {
  int n = seine_bind_parameter_count(s);
  for (int i = 1; i <= n; i++) {
    const char *name = seine_bind_parameter_name(s, i);
    int rc;
    if (!name || !strchr("$:@", name[0])) continue;
    Tcl_Obj *v = Tcl_GetVar2Ex(h->interp, name + 1, 0, 0);
    if (v) rc = fixtureBind(s, i, v, name[0] == '@');
    else rc = seine_bind_null(s, i);
    if (rc) return rc;
  }
  return SEINE_OK;
}

/* ---- running statements ------------------------------------------------- */

/* What to do with each row.  Returns a Tcl code; TCL_BREAK ends the run. */
typedef struct Sink {
  int (*row)(struct Sink *k, Handle *h, seine_stmt *s);
  Tcl_Obj *out;    /* a list being built, or the first value */
  const char *array;
  Tcl_Obj *script;
  bool found;
} Sink;

static int fixtureRunOne(Handle *h, seine_stmt *s, Sink *k) {
  int code = TCL_OK, rc = fixtureBindVars(h, s);
  if (rc) return fixtureDbError(h, rc);
  while ((rc = seine_step(s)) == SEINE_ROW) {
    k->found = true;
    code = k->row ? k->row(k, h, s) : TCL_OK;
    if (code != TCL_OK) return code;
    if (seine_errcode(h->db) == SEINE_NOMEM) {
      fixtureDbError(h, SEINE_NOMEM);
      Tcl_SetErrorCode(h->interp, "SEINE", "7", "value", (char *)0);
      return TCL_ERROR;
    }
  }
  return rc == SEINE_DONE ? TCL_OK : fixtureDbError(h, rc);
}

static int fixtureRun(Handle *h, Tcl_Obj *sql, Sink *k) {
  const char *at = Tcl_GetString(sql);
  int code = TCL_OK;
  h->depth++;
  while (code == TCL_OK && *at) {
    seine_stmt *s = 0;
    const char *tail = 0;
    int rc = seine_prepare_v2(h->db, at, -1, &s, &tail);
    if (rc) {
      code = fixtureDbError(h, rc);
      break;
    }
    if (s) code = fixtureRunOne(h, s, k);
    seine_finalize(s);
    if (!tail || tail == at) break;
    at = tail;
  }
  h->depth--;
  return code;
}

static int fixtureRowList(Sink *k, Handle *h, seine_stmt *s) {
  int n = seine_column_count(s);
  for (int i = 0; i < n; i++) {
    Tcl_ListObjAppendElement(0, k->out, fixtureColumn(h, s, i));
  }
  return TCL_OK;
}

static int fixtureRowNested(Sink *k, Handle *h, seine_stmt *s) {
  Tcl_Obj *row = Tcl_NewListObj(0, 0);
  int n = seine_column_count(s);
  for (int i = 0; i < n; i++) {
    Tcl_ListObjAppendElement(0, row, fixtureColumn(h, s, i));
  }
  Tcl_ListObjAppendElement(0, k->out, row);
  return TCL_OK;
}

static int fixtureRowFirst(Sink *k, Handle *h, seine_stmt *s) {
  if (seine_column_count(s) > 0) k->out = fixtureColumn(h, s, 0);
  return TCL_BREAK;
}

static int fixtureRowFound(Sink *k, Handle *h, seine_stmt *s) {
  (void)k, (void)h, (void)s;
  return TCL_BREAK;
}

static int fixtureRowTypes(Sink *k, Handle *h, seine_stmt *s) {
  static const char *const name[] = {
      "?", "integer", "real", "text", "blob", "null"};
  int n = seine_column_count(s);
  (void)h;
  for (int i = 0; i < n; i++) {
    int t = seine_column_type(s, i);
    if (t < 1 || t > 5) t = 0;
    Tcl_ListObjAppendElement(0, k->out, Tcl_NewStringObj(name[t], -1));
  }
  return TCL_BREAK;
}

/* Sets the variables of one row, then runs the script. */
static int fixtureRowScript(Sink *k, Handle *h, seine_stmt *s) {
  Tcl_Interp *interp = h->interp;
  int n = seine_column_count(s);
  if (k->array) {
    Tcl_Obj *names = Tcl_NewListObj(0, 0);
    for (int i = 0; i < n; i++) {
      Tcl_ListObjAppendElement(0, names,
          Tcl_NewStringObj(seine_column_name(s, i), -1));
    }
    if (!Tcl_SetVar2Ex(interp, k->array, "*", names, TCL_LEAVE_ERR_MSG)) {
      return TCL_ERROR;
    }
  }
  for (int i = 0; i < n; i++) {
    const char *name = seine_column_name(s, i);
    Tcl_Obj *v = fixtureColumn(h, s, i);
    v = k->array
        ? Tcl_SetVar2Ex(interp, k->array, name, v, TCL_LEAVE_ERR_MSG)
        : Tcl_SetVar2Ex(interp, name, 0, v, TCL_LEAVE_ERR_MSG);
    if (!v) return TCL_ERROR;
  }
  int code = Tcl_EvalObjEx(interp, k->script, 0);
  return code == TCL_CONTINUE ? TCL_OK : code;
}

/* Runs with a sink that fills a list and leaves it as the result. */
static int fixtureCollect(Handle *h, Tcl_Obj *sql,
    int (*row)(Sink *, Handle *, seine_stmt *)) {
  Sink k = {0};
  k.row = row;
  k.out = Tcl_NewListObj(0, 0);
  Tcl_IncrRefCount(k.out);
  int code = fixtureRun(h, sql, &k);
  if (code == TCL_BREAK) code = TCL_OK;
  if (code == TCL_OK) Tcl_SetObjResult(h->interp, k.out);
  Tcl_DecrRefCount(k.out);
  return code;
}

static int fixtureEval(Handle *h, int objc, Tcl_Obj *const objv[]) {
  if (objc < 3 || objc > 5) {
    Tcl_WrongNumArgs(h->interp, 2, objv, "SQL ?array? ?script?");
    return TCL_ERROR;
  }
  if (objc == 3) return fixtureCollect(h, objv[2], fixtureRowList);
  Sink k = {0};
  k.row = fixtureRowScript;
  k.script = objv[objc - 1];
  if (objc == 5) {
    k.array = Tcl_GetString(objv[3]);
    if (!k.array[0]) k.array = 0;
  }
  int code = fixtureRun(h, objv[2], &k);
  if (code == TCL_BREAK) code = TCL_OK;
  if (code == TCL_OK) Tcl_ResetResult(h->interp);
  return code;
}

static int fixtureOneColumn(Handle *h, Tcl_Obj *sql) {
  Sink k = {0};
  k.row = fixtureRowFirst;
  int code = fixtureRun(h, sql, &k);
  if (code == TCL_BREAK) code = TCL_OK;
  if (code == TCL_OK) {
    Tcl_SetObjResult(h->interp, k.out ? k.out : Tcl_NewObj());
  }
  return code;
}

static int fixtureExists(Handle *h, Tcl_Obj *sql) {
  Sink k = {0};
  k.row = fixtureRowFound;
  int code = fixtureRun(h, sql, &k);
  if (code == TCL_BREAK) code = TCL_OK;
  if (code == TCL_OK) {
    Tcl_SetObjResult(h->interp, Tcl_NewBooleanObj(k.found));
  }
  return code;
}

static Tcl_Obj *fixtureNames(seine_stmt *s, bool decl) {
  Tcl_Obj *out = Tcl_NewListObj(0, 0);
  int n = seine_column_count(s);
  for (int i = 0; i < n; i++) {
    const char *p = decl ? seine_column_decltype(s, i)
        : seine_column_name(s, i);
    Tcl_ListObjAppendElement(0, out, Tcl_NewStringObj(p ? p : "", -1));
  }
  return out;
}

static int fixtureDescribe(Handle *h, Tcl_Obj *sql, bool decl) {
  seine_stmt *s = 0;
  int rc = seine_prepare_v2(h->db, Tcl_GetString(sql), -1, &s, 0);
  if (rc) return fixtureDbError(h, rc);
  Tcl_SetObjResult(h->interp, s ? fixtureNames(s, decl) : Tcl_NewObj());
  seine_finalize(s);
  return TCL_OK;
}

/* ---- prepared statements ------------------------------------------------ */

static void fixtureStmtDelete(ClientData data) {
  Stmt *st = data;
  Stmt **at = &st->h->stmts;
  while (*at != st) at = &(*at)->next;
  *at = st->next;
  seine_finalize(st->stmt);
  ckfree((char *)st);
}

static int fixtureStmtStep(Stmt *st) {
  Tcl_Interp *interp = st->h->interp;
  int rc = seine_step(st->stmt);
  if (rc == SEINE_ROW || rc == SEINE_DONE) {
    Tcl_SetObjResult(interp,
        Tcl_NewStringObj(rc == SEINE_ROW ? "row" : "done", -1));
    return TCL_OK;
  }
  return fixtureDbError(st->h, rc);
}

static int fixtureStmtBind(Stmt *st, int objc, Tcl_Obj *const objv[]) {
  Handle *h = st->h;
  int i = 0, rc;
  if (objc != 4) {
    Tcl_WrongNumArgs(h->interp, 2, objv, "N VALUE");
    return TCL_ERROR;
  }
  if (Tcl_GetIntFromObj(0, objv[2], &i) != TCL_OK) {
    i = seine_bind_parameter_index(st->stmt, Tcl_GetString(objv[2]));
  }
  rc = fixtureBind(st->stmt, i, objv[3], false);
  return rc ? fixtureDbError(h, rc) : TCL_OK;
}

static Tcl_Obj *fixtureStmtParams(seine_stmt *s) {
  Tcl_Obj *out = Tcl_NewListObj(0, 0);
  int n = seine_bind_parameter_count(s);
  for (int i = 1; i <= n; i++) {
    const char *p = seine_bind_parameter_name(s, i);
    Tcl_ListObjAppendElement(0, out, Tcl_NewStringObj(p ? p : "?", -1));
  }
  return out;
}

static int fixtureStmtNumber(Stmt *st, int objc, Tcl_Obj *const objv[],
    bool status) {
  Handle *h = st->h;
  int n = 0, rc = 0;
  if (objc != 3) {
    Tcl_WrongNumArgs(h->interp, 2, objv, "N");
    return TCL_ERROR;
  }
  if (Tcl_GetIntFromObj(h->interp, objv[2], &n) != TCL_OK) return TCL_ERROR;
  if (status) {
    Tcl_SetObjResult(h->interp,
        Tcl_NewWideIntObj(seine_stmt_status(st->stmt, n)));
    return TCL_OK;
  }
  rc = seine_bind_null(st->stmt, n);
  return rc ? fixtureDbError(h, rc) : TCL_OK;
}

static int fixtureStmtRow(Stmt *st) {
  Tcl_Obj *out = Tcl_NewListObj(0, 0);
  int n = seine_column_count(st->stmt);
  for (int i = 0; i < n; i++) {
    Tcl_ListObjAppendElement(0, out, fixtureColumn(st->h, st->stmt, i));
  }
  Tcl_SetObjResult(st->h->interp, out);
  return TCL_OK;
}

static int fixtureStmtCmd(ClientData data, Tcl_Interp *interp, int objc,
    Tcl_Obj *const objv[]) {
  static const char *const verbs[] = {"step", "reset", "finalize", "row",
      "names", "readonly", "sql", "bind", "bindnull", "clear", "params",
      "status", 0};
  enum { V_STEP, V_RESET, V_FINALIZE, V_ROW, V_NAMES, V_READONLY, V_SQL,
    V_BIND, V_BINDNULL, V_CLEAR, V_PARAMS, V_STATUS };
  Stmt *st = data;
  int verb = 0, rc = 0;
  if (objc < 2) {
    Tcl_WrongNumArgs(interp, 1, objv, "VERB ?ARG ...?");
    return TCL_ERROR;
  }
  if (Tcl_GetIndexFromObj(interp, objv[1], verbs, "verb", 0, &verb)) {
    return TCL_ERROR;
  }
  switch (verb) {
    case V_STEP: return fixtureStmtStep(st);
    case V_RESET: rc = seine_reset(st->stmt); break;
    case V_FINALIZE: Tcl_DeleteCommandFromToken(interp, st->command); break;
    case V_ROW: return fixtureStmtRow(st);
    case V_NAMES:
      Tcl_SetObjResult(interp, fixtureNames(st->stmt, false));
      break;
    case V_READONLY:
      Tcl_SetObjResult(interp,
          Tcl_NewIntObj(seine_stmt_readonly(st->stmt)));
      break;
    case V_SQL:
      Tcl_SetObjResult(interp, Tcl_NewStringObj(seine_sql(st->stmt), -1));
      break;
    case V_BIND: return fixtureStmtBind(st, objc, objv);
    case V_BINDNULL: return fixtureStmtNumber(st, objc, objv, false);
    case V_CLEAR: rc = seine_clear_bindings(st->stmt); break;
    case V_PARAMS:
      Tcl_SetObjResult(interp, fixtureStmtParams(st->stmt));
      break;
    case V_STATUS: return fixtureStmtNumber(st, objc, objv, true);
  }
  return rc ? fixtureDbError(st->h, rc) : TCL_OK;
}

static int fixturePrepare(Handle *h, int objc, Tcl_Obj *const objv[]) {
  if (objc != 4) {
    Tcl_WrongNumArgs(h->interp, 2, objv, "NAME SQL");
    return TCL_ERROR;
  }
  seine_stmt *s = 0;
  int rc = seine_prepare_v2(h->db, Tcl_GetString(objv[3]), -1, &s, 0);
  if (rc) return fixtureDbError(h, rc);
  if (!s) return fixtureError(h->interp, "no statement");
  Stmt *st = (Stmt *)ckalloc(sizeof *st);
  st->h = h;
  st->stmt = s;
  st->next = h->stmts;
  h->stmts = st;
  st->command = Tcl_CreateObjCommand(h->interp, Tcl_GetString(objv[2]),
      fixtureStmtCmd, st, fixtureStmtDelete);
  return TCL_OK;
}

/* ---- the handle --------------------------------------------------------- */

static void fixtureDrop(Tcl_Obj **slot, Tcl_Obj *v) {
  if (v) Tcl_IncrRefCount(v);
  if (*slot) Tcl_DecrRefCount(*slot);
  *slot = v;
}

static void fixtureHandleDelete(ClientData data) {
  Handle *h = data;
  while (h->stmts) {
    Tcl_DeleteCommandFromToken(h->interp, h->stmts->command);
  }
  seine_close(h->db);
  fixtureDrop(&h->null_text, 0);
  fixtureDrop(&h->busy, 0);
  fixtureDrop(&h->progress, 0);
  ckfree((char *)h);
}

/* Runs a command of the script; its answer as a number, or `otherwise`. */
static int fixtureCallback(Handle *h, Tcl_Obj *cmd, int arg, int otherwise) {
  int out = otherwise;
  Tcl_Obj *call = Tcl_DuplicateObj(cmd);
  Tcl_IncrRefCount(call);
  if (arg >= 0) {
    Tcl_ListObjAppendElement(0, call, Tcl_NewIntObj(arg));
  }
  if (Tcl_EvalObjEx(h->interp, call, TCL_EVAL_GLOBAL) == TCL_OK
      && Tcl_GetBooleanFromObj(0, Tcl_GetObjResult(h->interp), &out)) {
    out = otherwise;
  }
  Tcl_DecrRefCount(call);
  return out;
}

static int fixtureBusy(void *arg, int count) {
  Handle *h = arg;
  return fixtureCallback(h, h->busy, count, 0);
}

static int fixtureProgress(void *arg) {
  Handle *h = arg;
  return fixtureCallback(h, h->progress, -1, 1);
}

static int fixtureSetBusy(Handle *h, Tcl_Obj *v) {
  int ms = 0, rc;
  if (Tcl_GetIntFromObj(0, v, &ms) == TCL_OK) {
    rc = seine_busy_timeout(h->db, ms);
  } else {
    fixtureDrop(&h->busy, v);
    rc = seine_busy_handler(h->db, fixtureBusy, h);
  }
  return rc ? fixtureDbError(h, rc) : TCL_OK;
}

static int fixtureSetProgress(Handle *h, Tcl_Obj *v) {
  int n = 0;
  Tcl_GetStringFromObj(v, &n);
  fixtureDrop(&h->progress, n ? v : 0);
  seine_progress_handler(h->db, n ? fixtureProgress : 0, h);
  return TCL_OK;
}

/* Verbs that tell a number or a text of the connection. */
static Tcl_Obj *fixtureTell(Handle *h, const char *verb, bool high) {
  seine *db = h->db;
  Tcl_WideInt v = 0;
  if (!strcmp(verb, "errormsg")) {
    return Tcl_NewStringObj(seine_errmsg(db), -1);
  }
  if (!strcmp(verb, "errorhint")) {
    const char *hint = seine_error_hint(db);
    return Tcl_NewStringObj(hint ? hint : "", -1);
  }
  if (!strcmp(verb, "errorcode")) v = seine_errcode(db);
  else if (!strcmp(verb, "erroroffset")) v = seine_error_offset(db);
  else if (!strcmp(verb, "changes")) v = seine_changes64(db);
  else if (!strcmp(verb, "total_changes")) v = seine_total_changes64(db);
  else if (!strcmp(verb, "last_rowid")) v = seine_last_insert_rowid(db);
  else if (!strcmp(verb, "autocommit")) v = seine_get_autocommit(db);
  else if (high) v = seine_memory_highwater(db);
  else v = seine_memory_used(db);
  return Tcl_NewWideIntObj(v);
}

/* Verbs of one SQL argument, and the settings. */
static int fixtureVerb1(Handle *h, const char *verb, Tcl_Obj *v) {
  if (!strcmp(verb, "onecolumn")) return fixtureOneColumn(h, v);
  if (!strcmp(verb, "exists")) return fixtureExists(h, v);
  if (!strcmp(verb, "rows")) return fixtureCollect(h, v, fixtureRowNested);
  if (!strcmp(verb, "types")) return fixtureCollect(h, v, fixtureRowTypes);
  if (!strcmp(verb, "names")) return fixtureDescribe(h, v, false);
  if (!strcmp(verb, "decltypes")) return fixtureDescribe(h, v, true);
  if (!strcmp(verb, "busy")) return fixtureSetBusy(h, v);
  if (!strcmp(verb, "files"))
    return seine_enable_files(h->db, strcmp(Tcl_GetString(v), "0") != 0);
  if (!strcmp(verb, "progress")) return fixtureSetProgress(h, v);
  fixtureDrop(&h->null_text, v); /* nullvalue */
  return TCL_OK;
}

static int fixtureClose(Handle *h) {
  if (h->depth) return fixtureError(h->interp, "a statement is running");
  if (h->stmts) {
    return fixtureError(h->interp, "prepared statements are left");
  }
  Tcl_DeleteCommandFromToken(h->interp, h->command);
  return TCL_OK;
}

static int fixtureHandleCmd(ClientData data, Tcl_Interp *interp, int objc,
    Tcl_Obj *const objv[]) {
  /* number of arguments behind each verb; -1: the verb counts itself */
  static const struct Verb { const char *name; int args; } verbs[] = {
      {"eval", -1}, {"prepare", -1}, {"memory", -1}, {"close", 0},
      {"interrupt", 0}, {"onecolumn", 1}, {"exists", 1}, {"rows", 1},
      {"types", 1}, {"names", 1}, {"decltypes", 1}, {"busy", 1},
      {"files", 1},
      {"progress", 1}, {"nullvalue", 1}, {"errorcode", 0},
      {"errormsg", 0}, {"errorhint", 0}, {"erroroffset", 0},
      {"changes", 0}, {"total_changes", 0}, {"last_rowid", 0},
      {"autocommit", 0}, {0, 0}};
  Handle *h = data;
  int k = 0;
  if (objc < 2) {
    Tcl_WrongNumArgs(interp, 1, objv, "VERB ?ARG ...?");
    return TCL_ERROR;
  }
  if (Tcl_GetIndexFromObjStruct(interp, objv[1], verbs, sizeof verbs[0],
      "verb", TCL_EXACT, &k)) {
    return TCL_ERROR;
  }
  const char *verb = verbs[k].name;
  if (verbs[k].args >= 0 && objc != verbs[k].args + 2) {
    Tcl_WrongNumArgs(interp, 2, objv, verbs[k].args ? "VALUE" : 0);
    return TCL_ERROR;
  }
  if (!strcmp(verb, "eval")) return fixtureEval(h, objc, objv);
  if (!strcmp(verb, "prepare")) return fixturePrepare(h, objc, objv);
  if (!strcmp(verb, "close")) return fixtureClose(h);
  if (!strcmp(verb, "interrupt")) {
    seine_interrupt(h->db);
    return TCL_OK;
  }
  if (verbs[k].args == 1) return fixtureVerb1(h, verb, objv[2]);
  Tcl_SetObjResult(interp, fixtureTell(h, verb, objc == 3));
  return TCL_OK;
}

/* The handle behind a command name, or 0 with a message. */
static Handle *fixtureFind(Tcl_Interp *interp, Tcl_Obj *name) {
  Tcl_CmdInfo info;
  if (Tcl_GetCommandInfo(interp, Tcl_GetString(name), &info)
      && info.objProc == fixtureHandleCmd) {
    return info.objClientData;
  }
  fixtureError(interp, "no such database handle");
  return 0;
}

static int fixtureOpenCmd(ClientData data, Tcl_Interp *interp, int objc,
    Tcl_Obj *const objv[]) {
  int flags = SEINE_OPEN_READWRITE | SEINE_OPEN_CREATE;
  const char *vfs = 0;
  (void)data;
  if (objc < 3) {
    Tcl_WrongNumArgs(interp, 1, objv,
        "DB FILE ?-readonly? ?-nomap? ?-vfs NAME?");
    return TCL_ERROR;
  }
  for (int i = 3; i < objc; i++) {
    const char *opt = Tcl_GetString(objv[i]);
    if (!strcmp(opt, "-readonly")) {
      flags = (flags & SEINE_OPEN_NOMAP) | SEINE_OPEN_READONLY;
    } else if (!strcmp(opt, "-nomap")) {
      flags |= SEINE_OPEN_NOMAP;
    } else if (!strcmp(opt, "-recover")) {
      flags |= SEINE_OPEN_RECOVER;
    } else if (!strcmp(opt, "-vfs") && i + 1 < objc) {
      vfs = Tcl_GetString(objv[++i]);
    } else {
      return fixtureError(interp, "unknown option");
    }
  }
  Handle *h = (Handle *)ckalloc(sizeof *h);
  memset(h, 0, sizeof *h);
  h->interp = interp;
  int rc = seine_open_v2(Tcl_GetString(objv[2]), &h->db, flags, vfs);
  if (rc) {
    if (h->db) fixtureDbError(h, rc);
    else fixtureError(interp, seine_errstr(rc));
    seine_close(h->db);
    ckfree((char *)h);
    return TCL_ERROR;
  }
  fixtureDrop(&h->null_text, Tcl_NewObj());
  h->command = Tcl_CreateObjCommand(interp, Tcl_GetString(objv[1]),
      fixtureHandleCmd, h, fixtureHandleDelete);
  return TCL_OK;
}

/* ---- bulk load ---------------------------------------------------------- */

static const char *const fixture_formats[] = {"auto", "ndjson", "csv",
    "tsv", "lines", "access", 0};

static Tcl_Obj *fixtureStats(const seine_import_stats *s) {
  const struct { const char *name; int64_t v; } item[] = {
      {"lines", s->lines}, {"rows", s->rows}, {"rejects", s->rejects},
      {"bytes", s->bytes}};
  Tcl_Obj *out = Tcl_NewListObj(0, 0);
  for (size_t i = 0; i < SN_COUNT(item); i++) {
    Tcl_ListObjAppendElement(0, out, Tcl_NewStringObj(item[i].name, -1));
    Tcl_ListObjAppendElement(0, out, Tcl_NewWideIntObj(item[i].v));
  }
  Tcl_ListObjAppendElement(0, out, Tcl_NewStringObj("format", -1));
  int f = s->format < 0 || s->format > 5 ? 0 : s->format;
  Tcl_ListObjAppendElement(0, out,
      Tcl_NewStringObj(fixture_formats[f], -1));
  Tcl_ListObjAppendElement(0, out, Tcl_NewStringObj("created", -1));
  Tcl_ListObjAppendElement(0, out, Tcl_NewIntObj(s->created));
  return out;
}

static int fixtureImportBegin(Handle *h, Tcl_Obj *const objv[],
    seine_import **imp) {
  int format = 0;
  if (Tcl_GetIndexFromObj(h->interp, objv[3], fixture_formats, "format", 0,
      &format)) {
    return TCL_ERROR;
  }
  int rc = seine_import_begin(h->db, Tcl_GetString(objv[2]), format, imp);
  return rc ? fixtureDbError(h, rc) : TCL_OK;
}

static int fixtureImportEnd(Handle *h, seine_import *imp, int rc,
    bool commit) {
  seine_import_stats stats = {0};
  int end = seine_import_end(imp, commit && !rc, &stats);
  if (!rc) rc = end;
  if (rc) return fixtureDbError(h, rc);
  Tcl_SetObjResult(h->interp, fixtureStats(&stats));
  return TCL_OK;
}

static int fixtureImportCmd(ClientData data, Tcl_Interp *interp, int objc,
    Tcl_Obj *const objv[]) {
  int chunk = 1 << 20, n = 0, rc = 0;
  bool commit = true;
  seine_import *imp = 0;
  const char *p;
  (void)data;
  if (objc < 5) {
    Tcl_WrongNumArgs(interp, 1, objv,
        "DB TABLE FORMAT DATA ?-chunk N? ?-abort?");
    return TCL_ERROR;
  }
  for (int i = 5; i < objc; i++) {
    const char *opt = Tcl_GetString(objv[i]);
    if (!strcmp(opt, "-abort")) commit = false;
    else if (strcmp(opt, "-chunk") || i + 1 == objc
        || Tcl_GetIntFromObj(0, objv[++i], &chunk) || chunk < 1) {
      return fixtureError(interp, "unknown option");
    }
  }
  Handle *h = fixtureFind(interp, objv[1]);
  if (!h || fixtureImportBegin(h, objv, &imp)) return TCL_ERROR;
  Tcl_Obj *v = objv[4];
  if (!v->bytes && v->typePtr && !strcmp(v->typePtr->name, "bytearray")) {
    p = (const char *)Tcl_GetByteArrayFromObj(v, &n);
  } else {
    p = Tcl_GetStringFromObj(v, &n);
  }
  for (int at = 0; at < n && !rc; at += chunk) {
    rc = seine_import_feed(imp, p + at, (size_t)SN_MIN(chunk, n - at));
  }
  return fixtureImportEnd(h, imp, rc, commit);
}

static int fixtureChannelCmd(ClientData data, Tcl_Interp *interp, int objc,
    Tcl_Obj *const objv[]) {
  seine_import *imp = 0;
  int n, rc = 0;
  (void)data;
  if (objc != 5) {
    Tcl_WrongNumArgs(interp, 1, objv, "DB TABLE FORMAT CHANNEL");
    return TCL_ERROR;
  }
  Tcl_Channel chan = Tcl_GetChannel(interp, Tcl_GetString(objv[4]), 0);
  Handle *h = fixtureFind(interp, objv[1]);
  if (!chan || !h || fixtureImportBegin(h, objv, &imp)) return TCL_ERROR;
  Tcl_SetChannelOption(interp, chan, "-translation", "binary");
  char *buf = ckalloc(1 << 16);
  while (!rc && (n = Tcl_Read(chan, buf, 1 << 16)) > 0) {
    rc = seine_import_feed(imp, buf, (size_t)n);
  }
  ckfree(buf);
  return fixtureImportEnd(h, imp, rc, true);
}

/* ---- small commands ----------------------------------------------------- */

static int fixtureCompleteCmd(ClientData data, Tcl_Interp *interp, int objc,
    Tcl_Obj *const objv[]) {
  (void)data;
  if (objc != 2) {
    Tcl_WrongNumArgs(interp, 1, objv, "SQL");
    return TCL_ERROR;
  }
  Tcl_SetObjResult(interp,
      Tcl_NewIntObj(seine_complete(Tcl_GetString(objv[1]))));
  return TCL_OK;
}

#ifdef SEINE_TEST
/* Of allocations; of calls of the vfs when there is data. */
static int fixtureFaultCmd(ClientData data, Tcl_Interp *interp, int objc,
    Tcl_Obj *const objv[]) {
  Tcl_WideInt n = 0;
  int persistent = 0;
  if (objc < 2 || objc > 3) {
    Tcl_WrongNumArgs(interp, 1, objv, "N ?persistent?");
    return TCL_ERROR;
  }
  if (Tcl_GetWideIntFromObj(interp, objv[1], &n)) return TCL_ERROR;
  if (objc == 3 && Tcl_GetBooleanFromObj(interp, objv[2], &persistent)) {
    return TCL_ERROR;
  }
  if (data) probeFail(PROBE_KINDS, (u64)n, persistent != 0);
  else snFaultMem(n, persistent != 0);
  return TCL_OK;
}

static int fixtureFaultCountCmd(ClientData data, Tcl_Interp *interp,
    int objc, Tcl_Obj *const objv[]) {
  (void)objc, (void)objv;
  Tcl_SetObjResult(interp,
      Tcl_NewWideIntObj(data ? (Tcl_WideInt)probeSeen : snFaultMemCount()));
  return TCL_OK;
}

static int fixtureFaultLogCmd(ClientData data, Tcl_Interp *interp, int objc,
    Tcl_Obj *const objv[]) {
  const char *log = snFaultLog();
  (void)data, (void)objc, (void)objv;
  Tcl_SetObjResult(interp, Tcl_NewStringObj(log ? log : "", -1));
  return TCL_OK;
}
#endif

/* ---- the program -------------------------------------------------------- */

static void fixtureCommands(Tcl_Interp *interp) {
  static const struct { const char *name; Tcl_ObjCmdProc *fn; } cmd[] = {
      {"seine", fixtureOpenCmd},
      {"import", fixtureImportCmd},
      {"import_channel", fixtureChannelCmd},
      {"sql_complete", fixtureCompleteCmd},
#ifdef SEINE_TEST
      {"fault_mem", fixtureFaultCmd},
      {"fault_mem_count", fixtureFaultCountCmd},
      {"fault_log", fixtureFaultLogCmd},
      {"fault_io", fixtureFaultCmd},
      {"fault_io_count", fixtureFaultCountCmd},
#endif
  };
  for (size_t i = 0; i < SN_COUNT(cmd); i++) {
    ClientData io = strncmp(cmd[i].name, "fault_io", 8) ? 0 : interp;
    Tcl_CreateObjCommand(interp, cmd[i].name, cmd[i].fn, io, 0);
  }
#ifdef SEINE_TEST
  probeOver(snOsUnix());
  snOsRegister(&probeVfs);
#endif
}

int main(int argc, char **argv) {
  Tcl_FindExecutable(argv[0]);
  Tcl_Interp *interp = Tcl_CreateInterp();
  if (argc < 2) {
    fprintf(stderr, "usage: %s SCRIPT ?ARG ...?\n", argv[0]);
    return 2;
  }
  if (Tcl_Init(interp) != TCL_OK) {
    fprintf(stderr, "%s\n", Tcl_GetStringResult(interp));
    return 2;
  }
  Tcl_Obj *args = Tcl_NewListObj(0, 0);
  for (int i = 2; i < argc; i++) {
    Tcl_ListObjAppendElement(0, args, Tcl_NewStringObj(argv[i], -1));
  }
  Tcl_SetVar2Ex(interp, "argv", 0, args, TCL_GLOBAL_ONLY);
  Tcl_SetVar2Ex(interp, "argc", 0, Tcl_NewIntObj(argc - 2),
      TCL_GLOBAL_ONLY);
  Tcl_SetVar2Ex(interp, "argv0", 0, Tcl_NewStringObj(argv[1], -1),
      TCL_GLOBAL_ONLY);
  fixtureCommands(interp);
  int code = Tcl_EvalFile(interp, argv[1]);
  if (code == TCL_ERROR) {
    const char *info = Tcl_GetVar(interp, "errorInfo", TCL_GLOBAL_ONLY);
    fflush(stdout);
    fprintf(stderr, "%s\n", info ? info : Tcl_GetStringResult(interp));
  }
  Tcl_DeleteInterp(interp);
  Tcl_Finalize();
  return code == TCL_ERROR;
}
