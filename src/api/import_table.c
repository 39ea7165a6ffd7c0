/*
** import_table: the table of a load: made, enlarged, widened, filled; and the
** table of what could not be read.
**
** (1) DDL is the public SQL, so the load can do nothing that SQL cannot.  The
**     appenders end before it and begin again when the next row comes.
** (2) A value that does not fit the type of its column changes the type: a
**     new table is made under another name, filled by INSERT ... SELECT with
**     CASTs, and takes the place of the old one, inside the transaction.
**     That costs a rewrite of all rows; it is rare, because the types come
**     from the first 20,000 records.  Row ids are given anew by it.
** (3) Names of columns that differ in case only cannot stand side by side:
**     the later one gets _2 (_3 ...) behind it, and so does "rowid", which
**     every table has.  An empty name is "_".
** (4) A value is NULL where its column is NOT NULL: a reject.  A field that
**     the record does not have gets the default of its column.
** (5) row[] equals blank[] between two records.
** (6) A scan has a table of its own, which the database does not know; its
**     columns are those of the first records and stay as they are.
*/
#include "api/import.h"

#define TABLE_CHECK 4096u /* rows between two looks at the interrupt */

/* ---- Names -------------------------------------------------------------- */

/* The k-th name that the column of a field may have, into imp->path; false
** when there is no memory, or no column may be called so. */
static bool importTableNth(seine_import *imp, const ImportField *f, i64 k) {
  Buf *b = &imp->path;
  char tmp[32];
  b->n = 0;
  if (f->n) snBufAdd(b, f->name, f->n);
  else snBufByte(b, '_');
  if (k > 1) {
    snBufByte(b, '_');
    snBufAdd(b, tmp, snNumIntText(k, tmp));
  }
  return !b->rc && !snAsciiEq((const char *)b->data, b->n, "rowid", 5) &&
      !snAsciiEq((const char *)b->data, b->n, "_rowid_", 7);
}

/* The name of a new column into imp->path. */
static int importTableName(seine_import *imp, const Table *t,
    const ImportField *f) {
  Buf *b = &imp->path;
  for (i64 k = 1; !b->rc; k++) {
    if (importTableNth(imp, f, k) &&
        snTableColumn(t, (const char *)b->data, b->n) < 0) break;
  }
  return b->rc ? snImportFail(imp, b->rc) : SEINE_OK;
}

/* ---- Appenders ---------------------------------------------------------- */

static void importTablePause(seine_import *imp) {
  if (imp->app) snAppendEnd(imp->app);
  if (imp->rejects) snAppendEnd(imp->rejects);
  imp->app = imp->rejects = NULL;
}

/* A statement; no appender is open beside it. */
static int importTableRun(seine_import *imp, Buf *sql) {
  const char *text = snBufText(sql);
  importTablePause(imp);
  if (sql->rc) return snImportFail(imp, sql->rc);
  return snImportFail(imp, seine_exec(imp->db, text, NULL, NULL, NULL));
}

void snImportTableClear(seine_import *imp) {
  importTablePause(imp);
  snTableDrop(imp->tab);
  imp->tab = NULL;
  snMemFree(imp->row);
  snMemFree(imp->blank);
  snMemFree(imp->taken);
  snMemFree(imp->wider);
  imp->row = imp->blank = NULL;
  imp->taken = NULL;
  imp->wider = NULL;
  imp->row_cap = imp->blank_cap = imp->taken_cap = imp->wider_cap = 0;
  snBufClear(&imp->defaults);
}

static void importTableKeep(seine_import *imp) {
  Table *t = (Table *)snAppendTable(imp->app);
  snTableKeep(t);
  snTableDrop(imp->tab);
  imp->tab = t;
}

static int importTableRoom(seine_import *imp, u32 n) {
  u32 had = imp->taken_cap, wide = imp->wider_cap;
  int rc = snMemGrow(imp->budget, &imp->row, &imp->row_cap, n,
      sizeof *imp->row);
  if (!rc) rc = snMemGrow(imp->budget, &imp->blank, &imp->blank_cap, n,
      sizeof *imp->blank);
  if (!rc) rc = snMemGrow(imp->budget, &imp->taken, &imp->taken_cap, n,
      sizeof *imp->taken);
  if (!rc) rc = snMemGrow(imp->budget, &imp->wider, &imp->wider_cap, n, 1);
  if (rc) return snImportFail(imp, rc);
  if (imp->taken_cap > had) {
    memset(imp->taken + had, 0, (imp->taken_cap - had) * sizeof *imp->taken);
  }
  if (imp->wider_cap > wide) {
    memset(imp->wider + wide, 0, imp->wider_cap - wide);
  }
  return SEINE_OK;
}

/* The text of a default: 'it''s' or a bare literal, into imp->defaults.  An
** expression is none: a load computes nothing. */
static bool importTableLiteral(seine_import *imp, const char *sql,
    ImportCell *c) {
  size_t n = strlen(sql), i;
  Buf *b = &imp->defaults;
  u8 *to;
  c->kind = IMPORT_FIELD;
  c->p = sql;
  c->n = (u32)n;
  u8 first = n ? (u8)(*sql | 32) : 0;
  bool word = (u8)(first - 'a') < 26 && !snAsciiEq(sql, n, "TRUE", 4) &&
      !snAsciiEq(sql, n, "FALSE", 5);
  if (!n || *sql == '(' || word) return false; /* NULL too */
  if (n < 2 || sql[0] != '\'' || sql[n - 1] != '\'') return true;
  c->kind = IMPORT_TEXT;
  to = snBufSpace(b, n);
  if (!to) return false;
  c->p = (const char *)to;
  c->n = 0;
  for (i = 1; i + 1 < n; i++) {
    to[c->n++] = (u8)sql[i];
    i += sql[i] == '\'' && sql[i + 1] == '\'';
  }
  return true;
}

/* A default lives as long as the table is open, unlike the pad. */
static void importTableDefault(seine_import *imp, const Column *col,
    AppendValue *out) {
  ImportCell c = {0};
  u8 *copy;
  memset(out, 0, sizeof *out);
  if (!importTableLiteral(imp, col->default_sql, &c)) return;
  if (!snImportConvert(imp, &c, col->type, out)) {
    memset(out, 0, sizeof *out);
  }
  if (out->kind != APPEND_STR || !out->n) return;
  copy = snBufSpace(&imp->defaults, out->n);
  if (copy) memcpy(copy, out->p, out->n);
  out->p = copy;
}

static int importTableBlank(seine_import *imp) {
  const Table *t = imp->tab;
  size_t need = 1;
  for (u32 i = 0; i < t->ncol; i++) {
    const char *d = t->col[i].default_sql;
    if (d) need += 8 * strlen(d) + 64;
  }
  imp->defaults.n = 0;
  if (!snBufSpace(&imp->defaults, need)) {
    return snImportFail(imp, imp->defaults.rc); /* or it moves below */
  }
  imp->defaults.n = 0;
  imp->demanding = false;
  imp->version++;
  for (u32 i = 0; i < t->ncol; i++) {
    imp->demanding |= t->col[i].not_null;
    memset(&imp->blank[i], 0, sizeof imp->blank[i]);
    if (t->col[i].default_sql) {
      importTableDefault(imp, &t->col[i], &imp->blank[i]);
    }
  }
  memcpy(imp->row, imp->blank, t->ncol * sizeof *imp->row);
  return imp->defaults.rc ? snImportFail(imp, imp->defaults.rc) : imp->rc;
}

/* An open appender, and what depends on the columns. */
static int importTableOpen(seine_import *imp) {
  if (imp->app || imp->rc) return imp->rc;
  if (snImportFail(imp, snAppendBegin(imp->db, imp->table, true, &imp->app))) {
    return imp->rc;
  }
  importTableKeep(imp);
  if (importTableRoom(imp, imp->tab->ncol)) return imp->rc;
  return importTableBlank(imp);
}

int snImportTableFind(seine_import *imp) {
  int rc = snAppendBegin(imp->db, imp->table, true, &imp->app);
  if (rc == SEINE_ERROR) return SEINE_OK; /* there is none */
  if (snImportFail(imp, rc)) return imp->rc;
  importTableKeep(imp);
  importTablePause(imp);
  return importTableRoom(imp, imp->tab->ncol);
}

/* ---- Columns ------------------------------------------------------------ */

static void importTableTake(seine_import *imp, u32 field, u32 col, u8 type) {
  ImportField *f = &imp->field[field];
  imp->nbound += f->col < 0;
  f->col = (i32)col;
  f->whole = type == TYPE_JSON;
  f->geo = type == TYPE_GEOPOINT ? IMPORT_GEO_YES : IMPORT_GEO_NO;
  imp->taken[col] = true;
  imp->version++;
}

/* The column of a field in the table that exists: the first of its names
** that belongs to no other field, so that a second load finds what the first
** one made. */
void snImportTableBind(seine_import *imp, u32 field) {
  const ImportField *f = &imp->field[field];
  const Buf *b = &imp->path;
  for (i64 k = 1; imp->tab && !imp->rc; k++) {
    bool may = importTableNth(imp, f, k);
    int at = may ? snTableColumn(imp->tab, (const char *)b->data, b->n) : -1;
    if (b->rc) snImportFail(imp, b->rc);
    if (at >= 0 && !imp->taken[at]) {
      importTableTake(imp, field, (u32)at, imp->tab->col[at].type);
      return;
    }
    if (may && at < 0) return;
  }
}

/* The type that a field of a scan gets, though it had no value yet. */
static u8 importTableScanType(const seine_import *imp, u8 type) {
  if (!imp->scan) return type;
  return imp->scan->all_text ? TYPE_TEXT : type ? type : TYPE_KEYWORD;
}

int snImportTableFor(seine_import *imp, const Table *t) {
  imp->tab = snTableKeep((Table *)(uintptr_t)t);
  if (importTableRoom(imp, t->ncol)) return imp->rc;
  return importTableBlank(imp);
}

/* Columns without a table: CREATE TABLE. */
static int importTableCreate(seine_import *imp, const u32 *field,
    const u8 *type, u32 n) {
  const char *name = imp->scan ? imp->scan->path : imp->table;
  Table *t = snTableNew(imp->budget, name, strlen(name));
  Buf *b = &imp->tmp;
  u32 col = 0;
  if (!t) return snImportFail(imp, SN_NOMEM);
  for (u32 i = 0; i < n && !imp->rc; i++) {
    u8 as = importTableScanType(imp, type[i]);
    if (!as || t->ncol >= IMPORT_COLUMNS) continue;
    if (importTableName(imp, t, &imp->field[field[i]])) break;
    snImportFail(imp, snTableAdd(t, (const char *)imp->path.data,
        imp->path.n, as, false, NULL, NULL));
  }
  b->n = 0;
  snTableSql(t, b);
  if (imp->scan && !imp->rc && t->ncol) {
    imp->st.created = 1;
    snImportTableFor(imp, t);
  } else if (!imp->rc && t->ncol && !importTableRun(imp, b)) {
    imp->st.created = 1;
    importTableOpen(imp);
  }
  for (u32 i = 0; i < n && !imp->rc && col < t->ncol; i++) {
    u8 as = importTableScanType(imp, type[i]);
    if (as) importTableTake(imp, field[i], col++, as);
  }
  snTableDrop(t);
  return imp->rc;
}

static int importTableColumn(seine_import *imp, u32 field, u8 type) {
  Buf *b = &imp->tmp;
  u32 col;
  char name[24];
  if (importTableOpen(imp)) return imp->rc;
  col = imp->tab->ncol;
  if (importTableName(imp, imp->tab, &imp->field[field])) return imp->rc;
  b->n = 0;
  snBufStr(b, "ALTER TABLE ");
  snBufSqlName(b, imp->table, strlen(imp->table));
  snBufStr(b, " ADD COLUMN ");
  snBufSqlName(b, (const char *)imp->path.data, imp->path.n);
  snBufByte(b, ' ');
  snBufStr(b, snTypeName(type, name));
  if (importTableRun(imp, b) || importTableOpen(imp)) return imp->rc;
  if (imp->tab->ncol != col + 1) {
    return snImportFail(imp, snDbError(imp->db, SEINE_ERROR,
        "table %s was changed during the import", imp->table));
  }
  importTableTake(imp, field, col, type);
  return SEINE_OK;
}

int snImportTableAdd(seine_import *imp, const u32 *field, const u8 *type,
    u32 n) {
  if (!imp->tab) return importTableCreate(imp, field, type, n);
  if (imp->scan && n)
    return snImportFail(imp, snDbError(imp->db, SEINE_ERROR, "%s: its field "
        "%s is no column of table %s", imp->scan->path,
        imp->field[field[0]].name, imp->tab->name));
  for (u32 i = 0; i < n && !imp->rc; i++) {
    if (!type[i] || imp->tab->ncol >= IMPORT_COLUMNS) continue;
    importTableColumn(imp, field[i], type[i]);
  }
  return imp->rc;
}

/* ---- Widening ----------------------------------------------------------- */

static void importTableCast(Buf *b, const Column *c, u8 to) {
  char name[24];
  bool text = snTypeIsString(c->type) && to == TYPE_JSON;
  if (!to || to == c->type) {
    snBufSqlName(b, c->name, strlen(c->name));
    return;
  }
  /* A text is no JSON; an array of one text is. */
  snBufStr(b, text ? "CAST(CAST(" : "CAST(");
  snBufSqlName(b, c->name, strlen(c->name));
  snBufStr(b, text ? " AS KEYWORD[]) AS " : " AS ");
  snBufStr(b, snTypeName(to, name));
  snBufByte(b, ')');
}

/* CREATE TABLE of the same columns with the wider types. */
static int importTableWiderSql(seine_import *imp, const char *name, Buf *b) {
  const Table *old = imp->tab;
  Table *t = snTableNew(imp->budget, name, strlen(name));
  int rc = t ? SEINE_OK : SN_NOMEM;
  for (u32 i = 0; !rc && i < old->ncol; i++) {
    const Column *c = &old->col[i];
    u8 to = imp->wider[i] ? imp->wider[i] : c->type;
    rc = snTableAdd(t, c->name, strlen(c->name), to, c->not_null,
        c->analyzer, c->default_sql);
  }
  b->n = 0;
  if (!rc) snTableSql(t, b);
  snTableDrop(t);
  return rc ? snImportFail(imp, rc) : importTableRun(imp, b);
}

static int importTableCopySql(seine_import *imp, const char *name, Buf *b) {
  const Table *old = imp->tab;
  b->n = 0;
  snBufStr(b, "INSERT INTO ");
  snBufSqlName(b, name, strlen(name));
  snBufStr(b, " SELECT ");
  for (u32 i = 0; i < old->ncol; i++) {
    if (i) snBufStr(b, ", ");
    importTableCast(b, &old->col[i], imp->wider[i]);
  }
  snBufStr(b, " FROM ");
  snBufSqlName(b, imp->table, strlen(imp->table));
  return importTableRun(imp, b);
}

static int importTableSwap(seine_import *imp, const char *name, Buf *b) {
  b->n = 0;
  snBufStr(b, "DROP TABLE ");
  snBufSqlName(b, imp->table, strlen(imp->table));
  if (importTableRun(imp, b)) return imp->rc;
  b->n = 0;
  snBufStr(b, "ALTER TABLE ");
  snBufSqlName(b, name, strlen(name));
  snBufStr(b, " RENAME TO ");
  snBufSqlName(b, imp->table, strlen(imp->table));
  return importTableRun(imp, b);
}

static int importTableRewrite(seine_import *imp) {
  Buf name, sql;
  const char *text;
  snBufInit(&name, imp->budget);
  snBufInit(&sql, imp->budget);
  snBufPrintf(&name, "%s_widening", imp->table);
  text = snBufText(&name);
  if (name.rc) snImportFail(imp, name.rc);
  if (!imp->rc) importTableWiderSql(imp, text, &sql);
  if (!imp->rc) importTableCopySql(imp, text, &sql);
  if (!imp->rc) importTableSwap(imp, text, &sql);
  snBufClear(&name);
  snBufClear(&sql);
  imp->nwider = 0;
  memset(imp->wider, 0, imp->wider_cap);
  for (u32 i = 0; i < imp->nfield && !imp->rc; i++) {
    ImportField *f = &imp->field[i];
    if (importTableOpen(imp)) break;
    if (f->col >= 0) {
      importTableTake(imp, i, (u32)f->col, imp->tab->col[f->col].type);
    }
  }
  return imp->rc;
}

/* ---- Rows --------------------------------------------------------------- */

/* Columns for the fields that have their first value now. */
static int importTableGrow(seine_import *imp) {
  u32 room = IMPORT_COLUMNS - (imp->tab ? SN_MIN(imp->tab->ncol,
      IMPORT_COLUMNS) : 0), n = 0;
  u32 *field;
  u8 *type;
  if (imp->nbound == imp->nfield) return SEINE_OK;
  for (u32 i = 0; i < imp->ntouched; i++) {
    ImportField *f = &imp->field[imp->touched[i]];
    imp->version += !f->seen;
    f->seen = true;
    n += f->col < 0 && f->cell.kind != IMPORT_NULL;
  }
  if (!n) return SEINE_OK;
  field = snMemAlloc(imp->budget, n * sizeof *field);
  type = snMemAlloc(imp->budget, n);
  if (!field || !type) snImportFail(imp, SN_NOMEM);
  n = 0;
  for (u32 i = 0; i < imp->ntouched && !imp->rc; i++) {
    u32 at = imp->touched[i];
    const ImportField *f = &imp->field[at];
    if (f->col >= 0 || f->cell.kind == IMPORT_NULL) continue;
    field[n] = at;
    type[n] = snImportNatural(imp, at);
    n += type[n] != TYPE_NULL;
  }
  if (n > room) {
    snImportReason(imp, "a table has at most %u columns", IMPORT_COLUMNS);
  } else if (!imp->rc && n) {
    snImportTableAdd(imp, field, type, n);
  }
  snMemFree(field);
  snMemFree(type);
  return imp->rc;
}

/* Most cells are a few digits, which are an integer whatever made the table. */
static bool importTableDigits(const ImportCell *c, AppendValue *out) {
  if (c->kind != IMPORT_FIELD || !c->n) return false; /* may have no text */
  const char *p = c->p;
  u32 n = c->n;
  bool neg = *p == '-';
  i64 v = 0;
  if (neg) p++, n--;
  if (!n || n > 18 || (*p == '0' && c->n > 1)) return false;
  for (u32 i = 0; i < n; i++) {
    u8 digit = (u8)(p[i] - '0');
    if (digit > 9) return false;
    v = v * 10 + digit;
  }
  out->kind = APPEND_INT;
  out->i = neg ? -v : v;
  return true;
}

/* Cells to row[]; what does not fit is noted in wider[]. */
static void importTableFill(seine_import *imp) {
  const Column *col = imp->tab->col;
  for (u32 i = 0; i < imp->ntouched; i++) {
    const ImportField *f = &imp->field[imp->touched[i]];
    u8 type;
    if (f->col < 0) continue;
    type = imp->wider[f->col] ? imp->wider[f->col] : col[f->col].type;
    if (type == TYPE_INTEGER && importTableDigits(&f->cell,
        &imp->row[f->col])) continue;
    if (SN_LIKELY(snImportConvert(imp, &f->cell, type, &imp->row[f->col]))) {
      continue;
    }
    if (imp->rc) return;
    imp->wider[f->col] = snImportWiden(imp, &f->cell, type);
    imp->nwider++;
  }
}

static void importTableUnfill(seine_import *imp) {
  for (u32 i = 0; i < imp->ntouched; i++) {
    i32 col = imp->field[imp->touched[i]].col;
    if (col >= 0) imp->row[col] = imp->blank[col];
  }
}

static void importTableNotNull(seine_import *imp) {
  const Table *t = imp->tab;
  for (u32 i = 0; imp->demanding && i < t->ncol; i++) {
    if (!t->col[i].not_null || imp->row[i].kind != APPEND_NULL) continue;
    snImportReason(imp, "no value for the column %s, which is NOT NULL",
        t->col[i].name);
    return;
  }
}

/* A value that no widening helps: the type of the user's column is odd. */
static void importTableStubborn(seine_import *imp) {
  imp->nwider = 0;
  memset(imp->wider, 0, imp->wider_cap);
  snImportReason(imp, "a value that its column cannot hold");
}

/* After n records. */
static int importTableInterrupt(seine_import *imp, u32 n) {
  imp->unchecked += n;
  if (imp->unchecked < TABLE_CHECK) return imp->rc;
  imp->unchecked = 0;
  if (!snDbInterrupted(imp->db)) return imp->rc;
  return snImportFail(imp, snDbError(imp->db, SEINE_INTERRUPT, "interrupted"));
}

/* A field that came too late is no column, and has no say. */
static int importTableScan(seine_import *imp, i64 line) {
  if (!imp->tab)
    snImportReason(imp, "an object without values, before the first column");
  if (imp->reason[0]) return snImportReject(imp, line);
  for (u32 i = 0; !imp->st.created && i < imp->ntouched; i++) {
    const ImportField *late = imp->field + imp->touched[i];
    if (late->col >= 0) continue;
    snImportReason(imp, "field %.60s is no column of table %.60s",
        late->name, imp->tab->name);
    return snImportReject(imp, line);
  }
  importTableFill(imp);
  for (u32 c = 0; imp->nwider && c < imp->tab->ncol; c++) {
    char name[24];
    if (!imp->wider[c]) continue;
    imp->nwider = 0;
    snImportReason(imp, "a value that column %.60s, which is %s by the first "
        "records, cannot hold", imp->tab->col[c].name,
        snTypeName(imp->tab->col[c].type, name));
    memset(imp->wider, 0, imp->wider_cap);
  }
  importTableNotNull(imp);
  if (!imp->rc && !imp->reason[0]) {
    if (snImportFail(imp, imp->scan->put(imp->scan, imp->tab, imp->row)))
      return imp->rc;
    imp->st.rows++;
  }
  importTableUnfill(imp);
  if (imp->reason[0]) return snImportReject(imp, line);
  return importTableInterrupt(imp, 1);
}

int snImportStore(seine_import *imp, i64 line) {
  if (imp->scan) return importTableScan(imp, line);
  if (importTableGrow(imp)) return imp->rc;
  if (!imp->tab && !imp->reason[0]) {
    snImportReason(imp, "an object without values, before the first column");
  }
  if (imp->reason[0]) return snImportReject(imp, line);
  if (importTableOpen(imp)) return imp->rc;
  importTableFill(imp);
  if (imp->nwider && !imp->rc && !importTableRewrite(imp)) {
    importTableFill(imp);
  }
  if (imp->rc) return imp->rc;
  if (imp->nwider) importTableStubborn(imp);
  else importTableNotNull(imp);
  if (!imp->reason[0]) {
    int rc = snAppendRow(imp->app, imp->row);
    if (rc == SEINE_CONSTRAINT) {
      snImportReason(imp, "%s", seine_errmsg(imp->db));
      (void)snDbOk(imp->db);
    } else if (snImportFail(imp, rc)) {
      return imp->rc;
    } else {
      imp->st.rows++;
    }
  }
  importTableUnfill(imp);
  if (imp->reason[0]) return snImportReject(imp, line);
  return importTableInterrupt(imp, 1);
}

/* ---- Rows by helpers ---------------------------------------------------- */

int snImportTableShare(seine_import *h, const seine_import *imp) {
  snTableDrop(h->tab);
  h->tab = snTableKeep(imp->tab);
  if (importTableRoom(h, h->tab->ncol)) return h->rc;
  return importTableBlank(h);
}

/* No column, and no value that would make one. */
static bool importTableIdle(const ImportField *f) {
  const ImportCell *c = &f->cell;
  if (f->col >= 0) return true;
  if (!f->seen) return false;
  return c->kind == IMPORT_NULL ||
      (c->kind == IMPORT_ARRAY && !c->bits && !f->want);
}

static bool importTableFits(seine_import *h) {
  for (u32 i = 0; i < h->ntouched; i++)
    if (!importTableIdle(&h->field[h->touched[i]])) return false;
  importTableFill(h);
  if (h->nwider) importTableStubborn(h);
  else importTableNotNull(h);
  return !h->rc && !h->reason[0];
}

bool snImportTablePut(seine_import *h, Buf *out) {
  bool fits = importTableFits(h);
  int rc = fits ? snBatchBegin(out, 0) : SEINE_OK;
  for (u32 i = 0; fits && !rc && i < h->tab->ncol; i++) {
    const AppendValue *v = &h->row[i];
    if (v->kind == APPEND_INT) rc = snBatchInt(out, i, v->i);
    else if (v->kind == APPEND_REAL) rc = snBatchReal(out, i, v->d);
    else if (v->kind == APPEND_STR) rc = snBatchStr(out, i, v->p, v->n);
  }
  if (fits && !rc) rc = snBatchEnd(out);
  importTableUnfill(h);
  if (rc) snImportFail(h, rc);
  return fits && !rc;
}

int snImportTableRows(seine_import *imp, const u8 *rows, const size_t *end,
    u32 *k, u32 n) {
  u32 from = *k;
  if (from == n || importTableOpen(imp)) return imp->rc;
  snImportFail(imp, snAppendRows(imp->app, rows, end, k, n));
  imp->st.rows += *k - from;
  return imp->rc ? imp->rc : importTableInterrupt(imp, n - from);
}

/* A table that was made here gets the columns that never had a value, so that
** a query may name them. */
int snImportTableFinish(seine_import *imp) {
  if (imp->scan) return imp->rc;
  if (imp->app) snImportFail(imp, snAppendGather(imp->app));
  for (u32 i = 0; i < imp->nfield && imp->st.created && !imp->rc; i++) {
    const ImportField *f = &imp->field[i];
    if (f->col >= 0 || !f->seen || imp->tab->ncol >= IMPORT_COLUMNS) continue;
    importTableColumn(imp, i, TYPE_KEYWORD);
  }
  importTablePause(imp);
  return imp->rc;
}

/* ---- Rejects ------------------------------------------------------------ */

static int importTableRejectOpen(seine_import *imp) {
  const Table *t;
  int rc = snAppendBegin(imp->db, imp->reject_table, false,
      &imp->rejects);
  if (rc == SEINE_ERROR && !imp->rejects_ready) {
    Buf *b = &imp->tmp;
    b->n = 0;
    snBufStr(b, "CREATE TABLE ");
    snBufSqlName(b, imp->reject_table, strlen(imp->reject_table));
    snBufStr(b, " (line INTEGER, reason KEYWORD, text TEXT)");
    if (importTableRun(imp, b)) return imp->rc;
    rc = snAppendBegin(imp->db, imp->reject_table, false, &imp->rejects);
  }
  if (snImportFail(imp, rc)) return imp->rc;
  imp->rejects_ready = true;
  t = snAppendTable(imp->rejects);
  if (t->ncol == 3 && t->col[0].type == TYPE_INTEGER &&
      (t->col[1].type == TYPE_KEYWORD || t->col[1].type == TYPE_TEXT) &&
      (t->col[2].type == TYPE_KEYWORD || t->col[2].type == TYPE_TEXT)) {
    return SEINE_OK;
  }
  return snImportFail(imp, snDbError(imp->db, SEINE_ERROR,
      "table %s exists, but not as (line INTEGER, reason KEYWORD, text TEXT)",
      imp->reject_table));
}

int snImportReject(seine_import *imp, i64 line) {
  AppendValue v[3];
  if (imp->rc) return imp->rc;
  if (imp->scan) {
    imp->st.rejects++;
    if (imp->scan->lenient) return SEINE_OK;
    return snImportFail(imp, snDbError(imp->db, SEINE_ERROR, "%s, line %lld: "
        "%s (ignore_errors => true passes over it)", imp->scan->path,
        (long long)line, imp->reason));
  }
  if (!imp->rejects && importTableRejectOpen(imp)) return imp->rc;
  memset(v, 0, sizeof v);
  v[0].kind = APPEND_INT;
  v[0].i = line;
  v[1].kind = v[2].kind = APPEND_STR;
  v[1].p = imp->reason;
  v[1].n = (u32)strlen(imp->reason);
  v[2].p = imp->ntext ? imp->text : "";
  v[2].n = (u32)imp->ntext;
  if (snImportFail(imp, snAppendRow(imp->rejects, v))) return imp->rc;
  imp->st.rejects++;
  return importTableInterrupt(imp, 1);
}

#undef TABLE_CHECK
