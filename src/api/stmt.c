/*
** stmt: prepared statements: compile, bind, step, columns.
**
** Invariant: prog fits the schema when its cookie is the session's, and the
** parameters when their types are param_type; step compiles anew otherwise.
*/
#include "api/apiInt.h"

struct seine_stmt {
  seine *db;
  seine_stmt *next;
  char *sql;
  size_t n;
  Program *prog;
  ParamValue *param;
  u8 *param_type;
  u32 nparam;
  Run *run;
  u32 row;           /* within the batch */
  Rows16 rows;
  bool has_row;
  bool stale;        /* the last compilation failed: prog fits nothing */
  int64_t status[4];
  Buf *text;         /* by column: text of the row, when it was asked for */
  u32 ntext;
};

/* ---- prepare ------------------------------------------------------------ */

static int stmtError(seine *db, int rc, const SqlError *e, size_t skip) {
  snprintf(db->message, sizeof db->message, "%s", e->message);
  snprintf(db->hint, sizeof db->hint, "%s", e->hint);
  db->offset = e->offset < 0 ? -1 : (int)(e->offset + (i64)skip);
  return db->rc = rc;
}

static int stmtCompile(seine_stmt *s, const char **tail) {
  SqlError err;
  Program *p;
  int rc = snSqlCompile(s->db->session, s->sql, s->n, s->param_type,
      s->nparam, &p, tail, &err);
  if (rc) return stmtError(s->db, rc, &err, 0);
  snProgFree(s->prog);
  s->prog = p;
  return SEINE_OK;
}

static int stmtParams(seine_stmt *s) {
  u32 n = s->prog->nparam;
  Budget *b = snDbBudget(s->db);
  s->param = snMemZero(b, (n + 1) * sizeof *s->param);
  s->param_type = snMemZero(b, n + 1);
  s->text = snMemZero(b, (s->prog->ncol + 1) * sizeof *s->text);
  if (!s->param || !s->param_type || !s->text)
    return snDbError(s->db, SEINE_NOMEM, "out of memory");
  s->nparam = n;
  s->ntext = s->prog->ncol;
  return SEINE_OK;
}

int seine_prepare_v2(seine *db, const char *sql, int n, seine_stmt **out,
    const char **tail) {
  const char *end = NULL;
  *out = NULL;
  if (tail) *tail = sql;
  if (!db->session) return db->rc ? db->rc : SEINE_MISUSE;
  (void)snDbOk(db);
  snDbResume(db);
  Budget *b = snDbBudget(db);
  seine_stmt *s = snMemZero(b, sizeof *s);
  size_t len = n < 0 ? strlen(sql) : strnlen(sql, (size_t)n);
  if (s) s->sql = snMemAlloc(b, len + 1);
  if (!s || !s->sql) {
    snMemFree(s);
    return snDbError(db, SEINE_NOMEM, "out of memory");
  }
  memcpy(s->sql, sql, len);
  s->sql[len] = 0;
  s->n = len;
  s->db = db;
  s->next = db->stmts;
  db->stmts = s;
  int rc = stmtCompile(s, &end);
  if (tail) *tail = end ? sql + (end - s->sql) : sql + len;
  snSessionIdle(db->session);
  if (!rc && s->prog) {
    s->n = (size_t)(end - s->sql);
    s->sql[s->n] = 0;
    rc = stmtParams(s);
  }
  if (rc || !s->prog) {
    char keep[sizeof db->message], hint[sizeof db->hint];
    int offset = db->offset;
    memcpy(keep, db->message, sizeof keep);
    memcpy(hint, db->hint, sizeof hint);
    (void)seine_finalize(s);
    memcpy(db->message, keep, sizeof keep);
    memcpy(db->hint, hint, sizeof hint);
    db->offset = offset;
    return db->rc = rc;
  }
  *out = s;
  return SEINE_OK;
}

/* To the log of slow statements; what cannot be redacted is left out. */
static void stmtSlow(seine_stmt *s) {
  Buf b;
  if (!snSessionSettings(s->db->session)->slow_redact) {
    snSlowNote(s->run, s->sql, s->n);
    return;
  }
  snBufInit(&b, snDbBudget(s->db));
  snSqlRedact(s->sql, s->n, &b);
  const char *text = snBufText(&b);
  if (!b.rc) snSlowNote(s->run, text, b.n);
  snBufClear(&b);
}

/* Forgets the run, of which nothing may be known yet. */
static void stmtDrop(seine_stmt *s) {
  if (s->run) {
    snRunFree(s->run);
    s->db->running--;
    snSessionIdle(s->db->session);
  }
  s->run = NULL;
  s->has_row = false;
  s->row = s->rows.n = 0;
}

static void stmtStop(seine_stmt *s) {
  if (s->run) {
    const RunStats *r = snRunStats(s->run);
    i64 ns = r->ns;
    s->status[SEINE_STMTSTATUS_WALL_US] = r->ns / 1000;
    s->status[SEINE_STMTSTATUS_WINDOWS] = r->windows;
    s->status[SEINE_STMTSTATUS_SKIPPED] = r->skipped;
    if (snRunProfiled(s->run)) stmtSlow(s);
    snDbTrace(s->db, SEINE_TRACE_PROFILE, s, &ns);
  }
  stmtDrop(s);
}

int seine_reset(seine_stmt *s) {
  if (s) stmtStop(s);
  return SEINE_OK;
}

int seine_finalize(seine_stmt *s) {
  if (!s) return SEINE_OK;
  stmtStop(s);
  for (seine_stmt **at = &s->db->stmts; *at; at = &(*at)->next) {
    if (*at != s) continue;
    *at = s->next;
    break;
  }
  for (u32 i = 0; i < s->nparam; i++) snMemFree(s->param[i].p);
  for (u32 i = 0; i < s->ntext; i++) snBufClear(&s->text[i]);
  snMemFree(s->param);
  snMemFree(s->param_type);
  snMemFree(s->text);
  snProgFree(s->prog);
  snMemFree(s->sql);
  snMemFree(s);
  return SEINE_OK;
}

seine *seine_db_handle(seine_stmt *s) { return s->db; }
const char *seine_sql(seine_stmt *s) { return s->sql; }

/* What it runs: itself, or what EXPLAIN ANALYZE runs. */
static const Program *stmtProgram(const seine_stmt *s) {
  return s->prog->analyzes ? s->prog->plan : s->prog;
}

int seine_stmt_readonly(seine_stmt *s) {
  return !stmtProgram(s)->writes && !stmtProgram(s)->ddl;
}

int64_t seine_stmt_status(seine_stmt *s, int what) {
  if (s->run && what >= 1 && what <= 3) {
    const RunStats *r = snRunStats(s->run);
    return what == 1 ? r->ns / 1000 : what == 2 ? r->windows : r->skipped;
  }
  return what >= 1 && what <= 3 ? s->status[what] : 0;
}

seine_stmt *snStmtStale(seine_stmt *s) {
  s->stale = true;
  return s->next;
}

/* ---- step --------------------------------------------------------------- */

static bool stmtFits(seine_stmt *s) {
  bool same = !s->stale && (s->prog->leaves ||
      s->prog->cookie == snSessionCookie(s->db->session));
  for (u32 i = 0; i < s->nparam; i++) {
    u8 t = s->param[i].type;
    if (t != s->param_type[i]) same = false;
    s->param_type[i] = t;
  }
  return same;
}

/* A load keeps its table and its transaction from one piece to the next. */
static bool stmtBarred(const seine_stmt *s) {
  const seine *db = s->db;
  return db->load && !db->in_load &&
      (stmtProgram(s)->ddl || s->prog->txn);
}

/* Must it see the newest state before it runs? */
static bool stmtLooks(const seine_stmt *s) {
  if (s->prog->leaves) return false;
  return !s->prog->writes || s->stale || !snSessionRests(s->db->session);
}

static int stmtBegin(seine_stmt *s) {
  seine *db = s->db;
  snDbResume(db);
  int rc = stmtLooks(s) ? snSessionRefresh(db->session) : SEINE_OK;
  if (rc) return snDbError(db, rc, "%s", seine_errstr(rc));
  if (!stmtFits(s)) {
    rc = stmtCompile(s, NULL);
    s->stale = rc != SEINE_OK;
    if (rc) return rc;
  }
  if (stmtBarred(s)) {
    return snDbError(db, SEINE_ERROR, "a bulk load is under way on this "
        "connection: end it before tables or transactions change");
  }
  if (s->prog->ncol > s->ntext) {
    Buf *t = snMemRealloc(snDbBudget(db), s->text,
        (s->prog->ncol + 1) * sizeof *t);
    if (!t) return snDbError(db, SEINE_NOMEM, "out of memory");
    memset(t + s->ntext, 0, (s->prog->ncol + 1 - s->ntext) * sizeof *t);
    s->text = t;
    s->ntext = s->prog->ncol;
  }
  rc = snRunNew(db->session, s->prog, s->param, &s->run);
  if (rc) return snDbError(db, rc, "%s", seine_errstr(rc));
  db->running++;
  if (snSessionSettings(db->session)->slow_ms) rc = snRunProfile(s->run);
  if (rc) {
    stmtDrop(s);
    return snDbError(db, rc, "%s", seine_errstr(rc));
  }
  RunControl c = {&db->interrupted, db->progress, db->progress_arg};
  snRunSetControl(s->run, &c);
  return SEINE_OK;
}

#define STMT_TRIES 16 /* compiled anew because others changed the tables */

/* A statement that writes may find other tables once it has the lock than
** those it was compiled for: nothing was done yet, so it begins again. */
static int stmtFirst(seine_stmt *s) {
  int rc = SEINE_SCHEMA;
  if (s->db->load && !s->db->in_load) snImportCatchUp(s->db->load);
  (void)snDbOk(s->db);
  snDbTrace(s->db, SEINE_TRACE_STMT, s, s->sql);
  for (int i = 0; rc == SEINE_SCHEMA && i < STMT_TRIES; i++) {
    stmtDrop(s);
    rc = stmtBegin(s);
    if (rc) return rc;
    rc = snRunStep(s->run);
    if (!stmtProgram(s)->writes) break;
  }
  return rc;
}

static int stmtBatch(seine_stmt *s) {
  int rc = s->run ? snRunStep(s->run) : stmtFirst(s);
  if (!s->run) return rc;
  if (rc == SEINE_ROW) {
    s->rows = snRunRows(s->run);
    s->row = 0;
    s->has_row = true;
    return SEINE_ROW;
  }
  if (rc != SEINE_DONE) (void)snDbError(s->db, rc, "%s", snRunError(s->run));
  stmtStop(s);
  return rc;
}

int seine_step(seine_stmt *s) {
  if (!s) return SEINE_MISUSE;
  for (u32 i = 0; i < s->ntext; i++) s->text[i].n = 0;
  int rc = SEINE_ROW;
  if (s->has_row && s->row + 1 < s->rows.n) s->row++;
  else rc = stmtBatch(s);
  if (rc == SEINE_ROW) snDbTrace(s->db, SEINE_TRACE_ROW, s, NULL);
  return rc;
}

#undef STMT_TRIES

/* ---- parameters --------------------------------------------------------- */

static ParamValue *stmtParam(seine_stmt *s, int i) {
  if (i < 1 || (u32)i > s->nparam) {
    (void)snDbError(s->db, SEINE_RANGE, "there is no parameter %d: the "
        "statement has %u", i, s->nparam);
    return NULL;
  }
  if (s->run) stmtStop(s);
  ParamValue *p = s->param + i - 1;
  snMemFree(p->p);
  *p = (ParamValue){.type = TYPE_NULL};
  return p;
}

int seine_bind_null(seine_stmt *s, int i) {
  return stmtParam(s, i) ? SEINE_OK : SEINE_RANGE;
}

int seine_bind_int64(seine_stmt *s, int i, int64_t v) {
  ParamValue *p = stmtParam(s, i);
  if (!p) return SEINE_RANGE;
  p->type = TYPE_INTEGER;
  p->i = v;
  return SEINE_OK;
}

int seine_bind_double(seine_stmt *s, int i, double v) {
  ParamValue *p = stmtParam(s, i);
  if (!p) return SEINE_RANGE;
  p->type = TYPE_REAL;
  p->d = v;
  return SEINE_OK;
}

static int stmtBytes(seine_stmt *s, int i, u8 type, const void *v, size_t n) {
  ParamValue *p = stmtParam(s, i);
  if (!p) return SEINE_RANGE;
  if (!v) return SEINE_OK;
  Budget *b = snDbBudget(s->db);
  if ((i64)n > snLimit(b, SEINE_LIMIT_VALUE))
    return snDbError(s->db, SEINE_TOOBIG, "a value of %zu bytes: %s", n,
        snLimitSay(b, SEINE_LIMIT_VALUE));
  p->p = snMemAlloc(b, n + 1);
  if (!p->p) return snDbError(s->db, SEINE_NOMEM, "out of memory");
  memcpy(p->p, v, n);
  p->p[n] = 0;
  p->n = (u32)n;
  p->type = type;
  return SEINE_OK;
}

int seine_bind_text(seine_stmt *s, int i, const char *v, int n) {
  return stmtBytes(s, i, TYPE_TEXT, v,
      n >= 0 || !v ? (size_t)SN_MAX(n, 0) : strlen(v));
}

int seine_bind_blob(seine_stmt *s, int i, const void *v, int n) {
  return stmtBytes(s, i, TYPE_BLOB, v,
      n >= 0 || !v ? (size_t)SN_MAX(n, 0) : strlen(v));
}

int seine_clear_bindings(seine_stmt *s) {
  for (u32 i = 1; i <= s->nparam; i++) (void)stmtParam(s, (int)i);
  return SEINE_OK;
}

int seine_bind_parameter_count(seine_stmt *s) { return (int)s->nparam; }

int seine_bind_parameter_index(seine_stmt *s, const char *name) {
  for (u32 i = 0; i < s->nparam; i++)
    if (s->prog->param_name[i] && !strcmp(s->prog->param_name[i], name))
      return (int)i + 1;
  return 0;
}

const char *seine_bind_parameter_name(seine_stmt *s, int i) {
  if (i < 1 || (u32)i > s->nparam) return NULL;
  return s->prog->param_name[i - 1];
}

/* ---- columns ------------------------------------------------------------ */

int seine_column_count(seine_stmt *s) { return s ? (int)s->prog->ncol : 0; }

const char *seine_column_name(seine_stmt *s, int i) {
  return i >= 0 && (u32)i < s->prog->ncol ? s->prog->col_name[i] : NULL;
}

const char *seine_column_decltype(seine_stmt *s, int i) {
  static const char *const names[TYPE_COUNT][2] = {
    [TYPE_NULL] = {"NULL", "NULL[]"},
    [TYPE_BOOLEAN] = {"BOOLEAN", "BOOLEAN[]"},
    [TYPE_INTEGER] = {"INTEGER", "INTEGER[]"},
    [TYPE_REAL] = {"REAL", "REAL[]"},
    [TYPE_TEXT] = {"TEXT", "TEXT[]"},
    [TYPE_KEYWORD] = {"KEYWORD", "KEYWORD[]"},
    [TYPE_TIMESTAMP] = {"TIMESTAMP", "TIMESTAMP[]"},
    [TYPE_DATE] = {"DATE", "DATE[]"},
    [TYPE_IP] = {"IP", "IP[]"},
    [TYPE_GEOPOINT] = {"GEOPOINT", "GEOPOINT[]"},
    [TYPE_JSON] = {"JSON", "JSON[]"},
    [TYPE_BLOB] = {"BLOB", "BLOB[]"},
    [TYPE_INTERVAL] = {"INTERVAL", "INTERVAL[]"},
  };
  if (i < 0 || (u32)i >= s->prog->ncol) return NULL;
  u8 t = s->prog->col_type[i];
  return names[t & 0x3f][(t & TYPE_ARRAY) != 0];
}

/* The vector and row of a column, or NULL: no row, no column, NULL value. */
static const Vec *stmtValue(seine_stmt *s, int i, u32 *at) {
  if (!s || !s->has_row || i < 0 || (u32)i >= s->prog->ncol) return NULL;
  const Vec *v = snRunColumn(s->run, (u32)i);
  u32 row = s->rows.rows ? s->rows.rows[s->row] : s->row;
  *at = snVecAt(v, row);
  return snVecNull(v, row) ? NULL : v;
}

int seine_column_type(seine_stmt *s, int i) {
  u32 at;
  const Vec *v = stmtValue(s, i, &at);
  if (!v) return SEINE_NULL;
  switch (v->type) {
  case TYPE_BOOLEAN:
  case TYPE_INTEGER: return SEINE_INTEGER;
  case TYPE_REAL: return SEINE_FLOAT;
  case TYPE_BLOB: return SEINE_BLOB;
  default: return SEINE_TEXT;
  }
}

static i64 stmtInt(const Vec *v, u32 at) {
  if (v->type == TYPE_BOOLEAN) return snBit(v->data, at);
  return ((const i64 *)v->data)[at];
}

int64_t seine_column_int64(seine_stmt *s, int i) {
  u32 at;
  const Vec *v = stmtValue(s, i, &at);
  if (!v) return 0;
  if (snTypeForm(v->type) == FORM_INT) return stmtInt(v, at);
  if (snTypeForm(v->type) == FORM_STR) {
    const Str *t = (const Str *)v->data + at;
    i64 whole;
    if (snNumInt((const char *)t->p, t->n, &whole)) return whole;
  }
  double d = seine_column_double(s, i);
  if (!(d > -9223372036854775808.0)) return d == d ? INT64_MIN : 0;
  return d >= 9223372036854775808.0 ? INT64_MAX : (i64)d;
}

double seine_column_double(seine_stmt *s, int i) {
  u32 at;
  double d = 0;
  const Vec *v = stmtValue(s, i, &at);
  if (!v) return 0;
  if (snTypeForm(v->type) == FORM_INT) return (double)stmtInt(v, at);
  if (snTypeForm(v->type) == FORM_REAL) return ((const double *)v->data)[at];
  const Str *t = (const Str *)v->data + at;
  if (!snNumReal((const char *)t->p, t->n, &d)) return 0;
  return d;
}

/* The text is built when it is asked for, and kept for the row. */
static const Buf *stmtText(seine_stmt *s, int i) {
  u32 at;
  const Vec *v = stmtValue(s, i, &at);
  if (!v) return NULL;
  Buf *b = s->text + i;
  if (!b->budget) snBufInit(b, snDbBudget(s->db));
  b->n = 0;
  b->rc = 0;
  if (v->type == TYPE_BOOLEAN) {
    snTypeIntText(b, v->type, stmtInt(v, at));
  } else if (snTypeForm(v->type) == FORM_INT) {
    snTypeIntText(b, v->type, stmtInt(v, at));
  } else if (snTypeForm(v->type) == FORM_REAL) {
    char num[32];
    u32 n = snNumRealText(((const double *)v->data)[at], num);
    snBufAdd(b, num, n);
  } else {
    const Str *t = (const Str *)v->data + at;
    snTypeStrText(b, v->type, t->p, t->n);
  }
  (void)snBufText(b);
  if (!b->rc) return b;
  (void)snDbError(s->db, b->rc, "out of memory");
  return NULL;
}

const char *seine_column_text(seine_stmt *s, int i) {
  const Buf *b = stmtText(s, i);
  return b ? (const char *)b->data : NULL;
}

const void *seine_column_blob(seine_stmt *s, int i) {
  const Buf *b = stmtText(s, i);
  return b && b->n ? b->data : NULL;
}

int seine_column_bytes(seine_stmt *s, int i) {
  const Buf *b = stmtText(s, i);
  return b ? (int)b->n : 0;
}
