/*
** op_admin: pragmas: what the database says of itself, and settings.
*/
#include "vm/vmInt.h"

#define ADMIN_ROOM (96 << 10) /* bytes left to a statement */

/* types: a letter a column: t TEXT, i INTEGER. */
typedef struct AdminShape {
  const char *types;
  const char *names[11];
} AdminShape;

static const AdminShape admin_shapes[] = {
  [ADMIN_TABLE_LIST] = {"tiiii",
      {"name", "columns", "rows", "segments", "bytes"}},
  [ADMIN_TABLE_INFO] = {"ittitt",
      {"cid", "name", "type", "notnull", "dflt_value", "analyzer"}},
  [ADMIN_SCHEMA] = {"tt", {"name", "sql"}},
  [ADMIN_SEGMENTS] = {"tiiiiiiiiii",
      {"table_name", "segment", "docs", "deleted", "bytes", "postings",
          "norms", "dictionary", "columns", "rows", "patches"}},
  [ADMIN_CHECK] = {"t", {"integrity_check"}},
  [ADMIN_QUICK_CHECK] = {"t", {"quick_check"}},
  [ADMIN_FUNCTIONS] = {"ttt", {"name", "kind", "arguments"}},
  [ADMIN_ANALYZERS] = {"t", {"name"}},
  [ADMIN_STORE] = {"iiiiii",
      {"txid", "pages", "free_pages", "graveyard_pages", "file_bytes",
          "confirmed"}},
  [ADMIN_MEMORY_LIMIT] = {"i", {"memory_limit"}},
  [ADMIN_TIMEOUT] = {"i", {"timeout"}},
  [ADMIN_MATCH_OPERATOR] = {"t", {"match_operator"}},
  [ADMIN_MEMTABLE] = {"i", {"memtable_bytes"}},
  [ADMIN_AUTO_MERGE] = {"i", {"auto_merge"}},
  [ADMIN_SYNCHRONOUS] = {"t", {"synchronous"}},
  [ADMIN_BUSY_TIMEOUT] = {"i", {"busy_timeout"}},
  [ADMIN_EXPLAIN] = {"ittt", {"addr", "opcode", "operands", "comment"}},
};

void snAdminShape(AdminDef *d) {
  const AdminShape *s = admin_shapes + d->kind;
  d->ncol = (u32)strlen(s->types);
  for (u32 c = 0; c < d->ncol; c++) {
    d->types[c] = s->types[c] == 'i' ? TYPE_INTEGER : TYPE_TEXT;
    d->names[c] = s->names[c];
  }
}

/* A row under construction: one value per column, then adminEnd. */
typedef struct AdminRow {
  Run *r;
  StoreObject *o;
  const AdminDef *d;
  u32 n;
  i64 num[16];
  Str str[16];
  bool null[16];
  int rc;
} AdminRow;

static void adminInt(AdminRow *w, i64 v) {
  w->null[w->n] = false;
  w->num[w->n++] = v;
}

static void adminText(AdminRow *w, const char *s) {
  w->null[w->n] = s == NULL;
  w->str[w->n++] = (Str){(const u8 *)s, s ? (u32)strlen(s) : 0, 0};
}

static void adminEnd(AdminRow *w) {
  Vec v[16];
  const Vec *cols[16];
  u64 yes = 1;
  for (u32 c = 0; c < w->d->ncol; c++) {
    v[c] = (Vec){.type = w->d->types[c], .form = VEC_CONST};
    v[c].data = v[c].type == TYPE_TEXT ? (void *)(w->str + c)
                                       : (void *)(w->num + c);
    v[c].nulls = w->null[c] ? &yes : NULL;
    cols[c] = v + c;
  }
  if (!w->rc) w->rc = snRowsAdd(&w->o->rows, cols, (Rows16){NULL, 1});
  w->n = 0;
}

static void adminSay(void *arg, const char *text) {
  AdminRow *w = arg;
  adminText(w, text);
  adminEnd(w);
}

/* ---- tables ------------------------------------------------------------- */

static int adminTableList(AdminRow *w, const char *name, TableState *t) {
  View *v;
  u64 bytes;
  int rc = snSessionView(w->r->session, name, &v);
  if (!rc) rc = snSessionFind(w->r->session, name, strlen(name), &t);
  if (rc) return rc;
  (void)snSessionTableBytes(w->r->session, t, &bytes);
  adminText(w, t->table->name);
  adminInt(w, t->table->ncol);
  adminInt(w, (i64)v->live_total);
  adminInt(w, v->n);
  adminInt(w, (i64)bytes);
  adminEnd(w);
  snViewDrop(v);
  return w->rc;
}

static int adminTableInfo(AdminRow *w, const Table *t) {
  for (u32 c = 0; c < t->ncol; c++) {
    char type[24];
    adminInt(w, c);
    adminText(w, t->col[c].name);
    adminText(w, snTypeName(t->col[c].type, type));
    adminInt(w, t->col[c].not_null);
    adminText(w, t->col[c].default_sql);
    adminText(w, t->col[c].analyzer);
    adminEnd(w);
  }
  return w->rc;
}

static int adminSchema(AdminRow *w, const Table *t) {
  Buf b;
  snBufInit(&b, w->r->budget);
  snTableSql(t, &b);
  adminText(w, t->name);
  adminText(w, snBufText(&b));
  adminEnd(w);
  snBufClear(&b);
  return w->rc;
}

static int adminSegments(AdminRow *w, const char *name) {
  View *v;
  TableState *t;
  int rc = snSessionView(w->r->session, name, &v);
  if (!rc) rc = snSessionFind(w->r->session, name, strlen(name), &t);
  if (rc) return rc;
  for (u32 i = 0; i < v->n; i++) {
    SegmentBytes b;
    snSegmentBytes(v->seg[i], &b);
    adminText(w, t->table->name);
    adminInt(w, (i64)t->seg[i].id);
    adminInt(w, t->seg[i].docs);
    adminInt(w, t->seg[i].live.deleted);
    adminInt(w, (i64)(b.pages * SN_PAGE));
    adminInt(w, (i64)b.postings);
    adminInt(w, (i64)b.norms);
    adminInt(w, (i64)b.terms);
    adminInt(w, (i64)b.columns);
    adminInt(w, (i64)b.rows);
    adminInt(w, b.patches);
    adminEnd(w);
  }
  snViewDrop(v);
  return w->rc;
}

/* One table, or all of them. */
static int adminTables(AdminRow *w) {
  Session *s = w->r->session;
  TableState *t;
  int rc = SEINE_OK;
  for (u32 k = 0; !rc && k < snSessionTables(s); k++) {
    const char *name;
    rc = snSessionTableName(s, k, &name);
    if (rc) break;
    if (w->d->arg &&
        !snAsciiEq(name, strlen(name), w->d->arg, strlen(w->d->arg)))
      continue;
    rc = snSessionFind(s, name, strlen(name), &t);
    if (rc || !t) break;
    switch (w->d->kind) {
    case ADMIN_TABLE_LIST: rc = adminTableList(w, name, t); break;
    case ADMIN_TABLE_INFO: rc = adminTableInfo(w, t->table); break;
    case ADMIN_SCHEMA: rc = adminSchema(w, t->table); break;
    default: rc = adminSegments(w, name);
    }
  }
  return rc;
}

/* ---- the rest ----------------------------------------------------------- */

static int adminCheck(AdminRow *w) {
  u32 before = w->o->rows.n;
  int rc = snSessionCheck(w->r->session, w->d->kind == ADMIN_CHECK,
      adminSay, w);
  if (!rc && w->o->rows.n == before) adminSay(w, "ok");
  return rc ? rc : w->rc;
}

static int adminFunctions(AdminRow *w) {
  const Func *f;
  const AggFunc *a;
  const WindowFunc *x;
  for (u32 i = 0; (f = snFuncAt(i)); i++) {
    adminText(w, f->name);
    adminText(w, "scalar");
    adminText(w, f->args);
    adminEnd(w);
  }
  for (u32 i = 0; (a = snAggAt(i)); i++) {
    adminText(w, a->name);
    adminText(w, "aggregate");
    adminText(w, a->args);
    adminEnd(w);
  }
  for (u32 i = 0; (x = snWindowAt(i)); i++) {
    adminText(w, x->name);
    adminText(w, "window");
    adminText(w, x->args);
    adminEnd(w);
  }
  return w->rc;
}

static int adminStore(AdminRow *w) {
  StoreInfo s;
  int rc = snStoreInfo(snSessionStore(w->r->session), &s);
  if (rc) return rc;
  adminInt(w, (i64)s.txid);
  adminInt(w, (i64)s.pages);
  adminInt(w, (i64)s.free_pages);
  adminInt(w, (i64)s.graveyard_pages);
  adminInt(w, (i64)s.file_bytes);
  adminInt(w, s.confirmed);
  adminEnd(w);
  return w->rc;
}

/* Room for a statement is always left: one that lifts the limit, at least. */
static i64 adminLimit(const Budget *b, i64 wanted) {
  i64 least = b->used + ADMIN_ROOM;
  return wanted ? SN_MAX(wanted, least) : 0;
}

/* A setting: changed first when asked, then given. */
static int adminSetting(AdminRow *w) {
  const AdminDef *d = w->d;
  Session *s = w->r->session;
  Settings *set = snSessionSettings(s);
  Budget *b = snSessionBudget(s);
  switch (d->kind) {
  case ADMIN_MEMORY_LIMIT:
    if (d->set) b->limit = adminLimit(b, d->value);
    adminInt(w, b->limit);
    break;
  case ADMIN_TIMEOUT:
    if (d->set) set->timeout_ms = d->value;
    adminInt(w, set->timeout_ms);
    break;
  case ADMIN_BUSY_TIMEOUT:
    if (d->set) set->busy_ms = d->value;
    adminInt(w, set->busy_ms);
    break;
  case ADMIN_MATCH_OPERATOR:
    if (d->set) set->match_and = d->value != 0;
    adminText(w, set->match_and ? "and" : "or");
    break;
  case ADMIN_MEMTABLE:
    if (d->set) set->memtable_bytes = d->value;
    adminInt(w, set->memtable_bytes);
    break;
  case ADMIN_AUTO_MERGE:
    if (d->set) set->auto_merge = d->value != 0;
    adminInt(w, set->auto_merge);
    break;
  default:
    if (d->set) set->sync_off = !d->value;
    snStoreSetSyncOff(snSessionStore(s), set->sync_off);
    adminText(w, set->sync_off ? "off" : "full");
  }
  adminEnd(w);
  return w->rc;
}

static int adminExplain(AdminRow *w) {
  const Program *p = w->d->plan;
  Buf ops, note;
  snBufInit(&ops, w->r->budget);
  snBufInit(&note, w->r->budget);
  for (u32 i = 0; i < p->n && !w->rc; i++) {
    ops.n = note.n = 0;
    snProgText(p, i, &ops, &note);
    adminInt(w, i);
    adminText(w, snProgName(p->code[i].op));
    adminText(w, snBufText(&ops));
    adminText(w, snBufText(&note));
    adminEnd(w);
  }
  snBufClear(&ops);
  snBufClear(&note);
  return w->rc;
}

int opAdmin(Run *r, const Instr *i) {
  AdminRow w = {.r = r, .d = i->p};
  int rc = snStoreObject(r, i->a, w.d->types, w.d->ncol, &w.o);
  if (rc) return rc;
  switch (w.d->kind) {
  case ADMIN_TABLE_LIST:
  case ADMIN_TABLE_INFO:
  case ADMIN_SCHEMA:
  case ADMIN_SEGMENTS: rc = adminTables(&w); break;
  case ADMIN_CHECK:
  case ADMIN_QUICK_CHECK: rc = adminCheck(&w); break;
  case ADMIN_FUNCTIONS: rc = adminFunctions(&w); break;
  case ADMIN_ANALYZERS:
    for (u32 k = 0; k < snAnalyzerCount(); k++)
      adminSay(&w, snAnalyzerName(snAnalyzerAt(k)));
    rc = w.rc;
    break;
  case ADMIN_STORE: rc = adminStore(&w); break;
  case ADMIN_EXPLAIN: rc = adminExplain(&w); break;
  default: rc = adminSetting(&w);
  }
  w.o->n = w.o->rows.n;
  return rc;
}

#undef ADMIN_ROOM
