/*
** op_admin: pragmas: what the database says of itself, and settings.
*/
#include "vm/vmInt.h"

/* types: a letter a column: t TEXT, i INTEGER, r REAL. */
typedef struct AdminShape {
  const char *types;
  const char *names[14];
} AdminShape;

static const AdminShape admin_shapes[] = {
  [ADMIN_TABLE_LIST] = {"tiiii",
      {"name", "columns", "rows", "segments", "bytes"}},
  [ADMIN_TABLE_INFO] = {"ittitti",
      {"cid", "name", "type", "notnull", "dflt_value", "analyzer", "pk"}},
  [ADMIN_INDEX_LIST] = {"ititi",
      {"seq", "name", "unique", "origin", "partial"}},
  [ADMIN_INDEX_INFO] = {"iit", {"seqno", "cid", "name"}},
  [ADMIN_SCHEMA] = {"tt", {"name", "sql"}},
  [ADMIN_SEGMENTS] = {"tiiiiiiiiii",
      {"table_name", "segment", "docs", "deleted", "bytes", "postings",
          "norms", "dictionary", "columns", "rows", "patches"}},
  [ADMIN_CHECK] = {"t", {"integrity_check"}},
  [ADMIN_QUICK_CHECK] = {"t", {"quick_check"}},
  [ADMIN_LOST] = {"t", {"lost"}},
  [ADMIN_FUNCTIONS] = {"ttt", {"name", "kind", "arguments"}},
  [ADMIN_ANALYZERS] = {"tt", {"name", "chain"}},
  [ADMIN_STORE] = {"iiiiii",
      {"txid", "pages", "free_pages", "graveyard_pages", "file_bytes",
          "confirmed"}},
  [ADMIN_MEMORY_LIMIT] = {"i", {"memory_limit"}},
  [ADMIN_TIMEOUT] = {"i", {"timeout"}},
  [ADMIN_MATCH_OPERATOR] = {"t", {"match_operator"}},
  [ADMIN_MEMTABLE] = {"i", {"memtable_bytes"}},
  [ADMIN_FILTER_CACHE] = {"i", {"filter_cache_bytes"}},
  [ADMIN_DELTA] = {"i", {"delta_bytes"}},
  [ADMIN_SPARE] = {"i", {"spare_bytes"}},
  [ADMIN_THREADS] = {"i", {"threads"}},
  [ADMIN_BATCH_ROWS] = {"i", {"batch_rows"}},
  [ADMIN_AUTO_MERGE] = {"i", {"auto_merge"}},
  [ADMIN_TIGHT_ROWS] = {"i", {"tight_rows"}},
  [ADMIN_WORD_PAIRS] = {"i", {"word_pairs"}},
  [ADMIN_SYNCHRONOUS] = {"t", {"synchronous"}},
  [ADMIN_BUSY_TIMEOUT] = {"i", {"busy_timeout"}},
  [ADMIN_SLOW_MS] = {"i", {"slow_query_ms"}},
  [ADMIN_SLOW_REDACT] = {"i", {"slow_query_redact"}},
  [ADMIN_EXPLAIN] = {"ittt", {"addr", "opcode", "operands", "comment"}},
  [ADMIN_ANALYZE] = {"itttiiiiiiiiir",
      {"addr", "opcode", "operands", "comment", "calls", "rows_in",
          "rows_out", "windows", "windows_skipped", "blocks",
          "blocks_skipped", "bytes", "ns", "percent"}},
  [ADMIN_EXPLAIN_TEXT] = {"t", {"explain"}},
  [ADMIN_LIMITS] = {"tiiiit",
      {"name", "value", "usual", "hardened", "greatest", "of"}},
  [ADMIN_LIMIT] = {"i", {"limit"}},
  [ADMIN_HARDENED] = {"i", {"hardened"}},
};

void snAdminShape(AdminDef *d) {
  const AdminShape *s = admin_shapes + d->kind;
  d->ncol = (u32)strlen(s->types);
  for (u32 c = 0; c < d->ncol; c++) {
    d->types[c] = s->types[c] == 'i' ? TYPE_INTEGER :
        s->types[c] == 'r' ? TYPE_REAL : TYPE_TEXT;
    d->names[c] = s->names[c];
  }
}

typedef struct AdminRow {
  Run *r;
  StoreObject *o;
  const AdminDef *d;
  RowMaker m;
} AdminRow;

static void adminSay(void *arg, const char *text) {
  AdminRow *w = arg;
  snRowsText(&w->m, text);
  snRowsEnd(&w->m);
}

/* ---- tables ------------------------------------------------------------- */

static int adminTableList(AdminRow *w, const char *name, TableState *t) {
  View *v;
  u64 bytes;
  int rc = snSessionView(w->r->session, name, &v);
  if (!rc) rc = snSessionFind(w->r->session, name, strlen(name), &t);
  if (rc) return rc;
  (void)snSessionTableBytes(w->r->session, t, &bytes);
  snRowsText(&w->m, t->table->name);
  snRowsInt(&w->m, t->table->ncol);
  snRowsInt(&w->m, (i64)v->live_total);
  snRowsInt(&w->m, v->n);
  snRowsInt(&w->m, (i64)bytes);
  snRowsEnd(&w->m);
  snViewDrop(v);
  return w->m.rc;
}

/* The place of a column in the primary key, from 1 on; 0: it is not there. */
static i64 adminPrimary(const Table *t, u32 column) {
  for (u32 k = 0; k < t->nkey; k++)
    for (u32 i = 0; t->key[k].kind == KEY_PRIMARY && i < t->key[k].n; i++)
      if (t->key[k].col[i] == column) return i + 1;
  return 0;
}

static int adminTableInfo(AdminRow *w, const Table *t) {
  for (u32 c = 0; c < t->ncol; c++) {
    char type[24];
    snRowsInt(&w->m, c);
    snRowsText(&w->m, t->col[c].name);
    snRowsText(&w->m, snTypeName(t->col[c].type, type));
    snRowsInt(&w->m, t->col[c].not_null);
    snRowsText(&w->m, snTableGenerated(t->col + c) ? NULL
                                                   : t->col[c].default_sql);
    snRowsText(&w->m, t->col[c].analyzer);
    snRowsInt(&w->m, adminPrimary(t, t->col[c].id));
    snRowsEnd(&w->m);
  }
  return w->m.rc;
}

/* The name of a key; one that has none is called by its table and number. */
static void adminKeyName(const Table *t, u32 k, char out[160]) {
  if (t->key[k].name) snprintf(out, 160, "%s", t->key[k].name);
  else snprintf(out, 160, "autoindex_%.120s_%u", t->name, k + 1);
}

static int adminIndexList(AdminRow *w, const Table *t) {
  static const char *const origins[] = {"", "pk", "u", "c", "c"};
  for (u32 k = 0; k < t->nkey; k++) {
    char name[160];
    adminKeyName(t, k, name);
    snRowsInt(&w->m, k);
    snRowsText(&w->m, name);
    snRowsInt(&w->m, t->key[k].kind != KEY_INDEX);
    snRowsText(&w->m, origins[t->key[k].kind]);
    snRowsInt(&w->m, 0);
    snRowsEnd(&w->m);
  }
  return w->m.rc;
}

static int adminIndexInfo(AdminRow *w, const Table *t) {
  const char *want = w->d->arg ? w->d->arg : "";
  for (u32 k = 0; k < t->nkey; k++) {
    char name[160];
    adminKeyName(t, k, name);
    if (!snAsciiEq(name, strlen(name), want, strlen(want))) continue;
    for (u32 i = 0; i < t->key[k].n; i++) {
      int at = snConstraintColumn(t, t->key[k].col[i]);
      snRowsInt(&w->m, i);
      snRowsInt(&w->m, at);
      snRowsText(&w->m, at < 0 ? "rowid" : t->col[at].name);
      snRowsEnd(&w->m);
    }
  }
  return w->m.rc;
}

/* An analyzer as a new table can be made with: by its name only while the
** name stands for the same chain. */
static const char *adminNamed(AdminRow *w, const char *analyzer) {
  Column by = {.analyzer = analyzer};
  size_t n;
  if (snTableTarget(&by, &n)) return analyzer;
  n = analyzer ? strcspn(analyzer, "(") : 0;
  if (!n || !analyzer[n]) return analyzer;
  const CatalogObject *o = snSessionObjectFind(w->r->session,
      OBJECT_ANALYZER, analyzer, n);
  size_t k = o ? strlen(o->sql) : 0;
  bool same = o && !strncmp(analyzer + n + 1, o->sql, k) &&
      !strcmp(analyzer + n + 1 + k, ")");
  return same ? analyzer : analyzer + n;
}

static int adminSchema(AdminRow *w, const Table *table) {
  Table *t = snTableCopy(w->r->budget, table);
  int rc = t ? SEINE_OK : SN_NOMEM;
  Buf b;
  snBufInit(&b, w->r->budget);
  for (u32 i = 0; !rc && i < t->ncol; i++) {
    const Column *c = t->col + i;
    if (!c->analyzer) continue;
    rc = snTableAnalyzers(t, i, adminNamed(w, c->analyzer),
        adminNamed(w, c->search));
  }
  if (!rc) {
    snTableSql(t, &b);
    snRowsText(&w->m, t->name);
    snRowsText(&w->m, snBufText(&b));
    snRowsEnd(&w->m);
    rc = b.rc;
  }
  for (u32 k = 0; !rc && k < t->nkey; k++) {
    if (t->key[k].kind < KEY_UNIQUE_INDEX) continue;
    b.n = 0;
    snConstraintIndexSql(t, t->key + k, &b);
    snRowsText(&w->m, t->name);
    snRowsText(&w->m, snBufText(&b));
    snRowsEnd(&w->m);
    rc = b.rc;
  }
  snBufClear(&b);
  snTableDrop(t);
  return rc ? rc : w->m.rc;
}

/* Analyzers stand before the tables, which use them, and views behind. */
static int adminObjects(AdminRow *w, u8 kind) {
  const CatalogObject *o;
  Buf b;
  snBufInit(&b, w->r->budget);
  for (u32 k = 0; (o = snSessionObject(w->r->session, k)); k++) {
    const char *want = w->d->arg;
    bool set = o->kind == OBJECT_SETTING, view = o->kind == OBJECT_VIEW;
    if (view != (kind == OBJECT_VIEW)) continue;
    if (want && !snAsciiEq(o->name, strlen(o->name), want, strlen(want)))
      continue;
    b.n = 0;
    snBufStr(&b, set ? "PRAGMA " : view ? "CREATE VIEW " :
        "CREATE ANALYZER ");
    snTableNameSql(o->name, &b);
    snBufStr(&b, set ? " = " : view ? "" : " AS ");
    if (view && o->sql[0] != '(') snBufByte(&b, ' ');
    snBufStr(&b, o->sql);
    snRowsText(&w->m, o->name);
    snRowsText(&w->m, snBufText(&b));
    snRowsEnd(&w->m);
  }
  if (b.rc) w->m.rc = b.rc;
  snBufClear(&b);
  return w->m.rc;
}

static int adminSegments(AdminRow *w, const char *name) {
  View *v;
  TableState *t;
  int rc = snSessionView(w->r->session, name, &v);
  if (!rc) rc = snSessionFind(w->r->session, name, strlen(name), &t);
  if (rc) return rc;
  for (u32 i = 0; i < v->n; i++) {
    static const SegmentRef rides; /* in the claim: in no pages */
    const SegmentRef *g = i < t->nseg ? t->seg + i : &rides;
    SegmentBytes b;
    snSegmentBytes(v->seg[i], &b);
    snRowsText(&w->m, t->table->name);
    snRowsInt(&w->m, (i64)g->id);
    snRowsInt(&w->m, snSegmentDocs(v->seg[i]));
    snRowsInt(&w->m, g->live.deleted);
    snRowsInt(&w->m, g == &rides ? 0 : (i64)(b.pages * SN_PAGE));
    snRowsInt(&w->m, (i64)b.postings);
    snRowsInt(&w->m, (i64)b.norms);
    snRowsInt(&w->m, (i64)b.terms);
    snRowsInt(&w->m, (i64)b.columns);
    snRowsInt(&w->m, (i64)b.rows);
    snRowsInt(&w->m, b.patches);
    snRowsEnd(&w->m);
  }
  snViewDrop(v);
  return w->m.rc;
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
    if (w->d->arg && w->d->kind != ADMIN_INDEX_INFO &&
        !snAsciiEq(name, strlen(name), w->d->arg, strlen(w->d->arg)))
      continue;
    rc = snSessionFind(s, name, strlen(name), &t);
    rc = snLostPass(snSessionStore(s), rc, "table %s: what columns it has "
        "cannot be read, its rows are lost", name);
    if (rc) break;
    if (!t) continue;
    switch (w->d->kind) {
    case ADMIN_TABLE_LIST: rc = adminTableList(w, name, t); break;
    case ADMIN_TABLE_INFO: rc = adminTableInfo(w, t->table); break;
    case ADMIN_SCHEMA: rc = adminSchema(w, t->table); break;
    case ADMIN_INDEX_LIST: rc = adminIndexList(w, t->table); break;
    case ADMIN_INDEX_INFO: rc = adminIndexInfo(w, t->table); break;
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
  return rc ? rc : w->m.rc;
}

static int adminLost(AdminRow *w) {
  const char *text;
  for (u32 k = 0; (text = snLostText(snSessionStore(w->r->session), k)); k++)
    adminSay(w, text);
  return w->m.rc;
}

static int adminFunctions(AdminRow *w) {
  const Func *f;
  const AggFunc *a;
  const WindowFunc *x;
  const TableFunc *t;
  for (u32 i = 0; (f = snFuncAt(i)); i++) {
    snRowsText(&w->m, f->name);
    snRowsText(&w->m, "scalar");
    snRowsText(&w->m, f->args);
    snRowsEnd(&w->m);
  }
  for (u32 i = 0; (a = snAggAt(i)); i++) {
    snRowsText(&w->m, a->name);
    snRowsText(&w->m, "aggregate");
    snRowsText(&w->m, a->args);
    snRowsEnd(&w->m);
  }
  for (u32 i = 0; (x = snWindowAt(i)); i++) {
    snRowsText(&w->m, x->name);
    snRowsText(&w->m, "window");
    snRowsText(&w->m, x->args);
    snRowsEnd(&w->m);
  }
  for (u32 i = 0; (t = snTableFuncAt(i)); i++) {
    snRowsText(&w->m, t->name);
    snRowsText(&w->m, "table");
    snRowsText(&w->m, t->args);
    snRowsEnd(&w->m);
  }
  return w->m.rc;
}

/* The built-in ones, then those of the database. */
static int adminAnalyzers(AdminRow *w) {
  const char *name;
  const CatalogObject *o;
  Buf chain;
  snBufInit(&chain, w->r->budget);
  for (u32 k = 0; (name = snAnalyzerName(k)); k++) {
    chain.n = 0;
    (void)snAnalyzerChain(name, strlen(name), &chain);
    snRowsText(&w->m, name);
    snRowsText(&w->m, snBufText(&chain));
    snRowsEnd(&w->m);
  }
  for (u32 k = 0; (o = snSessionObject(w->r->session, k)); k++) {
    if (o->kind != OBJECT_ANALYZER) continue;
    snRowsText(&w->m, o->name);
    snRowsText(&w->m, o->sql);
    snRowsEnd(&w->m);
  }
  if (chain.rc) w->m.rc = chain.rc;
  snBufClear(&chain);
  return w->m.rc;
}

static int adminStore(AdminRow *w) {
  StoreInfo s;
  int rc = snStoreInfo(snSessionStore(w->r->session), &s);
  if (rc) return rc;
  snRowsInt(&w->m, (i64)s.txid);
  snRowsInt(&w->m, (i64)s.pages);
  snRowsInt(&w->m, (i64)s.free_pages);
  snRowsInt(&w->m, (i64)s.graveyard_pages);
  snRowsInt(&w->m, (i64)s.file_bytes);
  snRowsInt(&w->m, s.confirmed);
  snRowsEnd(&w->m);
  return w->m.rc;
}

static int adminLimits(AdminRow *w) {
  const LimitDef *d;
  for (int id = 0; (d = snLimitDef(id)); id++) {
    snRowsText(&w->m, d->name);
    snRowsInt(&w->m, snSessionLimit(w->r->session, id, -1, true));
    snRowsInt(&w->m, d->usual);
    snRowsInt(&w->m, d->hardened);
    snRowsInt(&w->m, d->greatest);
    snRowsText(&w->m, d->text);
    snRowsEnd(&w->m);
  }
  return w->m.rc;
}

/* A limit: set first when asked; what did not become lower in a hardened
** connection is told. */
static int adminLimit(AdminRow *w, int id) {
  const AdminDef *d = w->d;
  Session *s = w->r->session;
  if (d->set) snRecallClear(*snSessionRecall(s)); /* the room is needed */
  i64 was = d->set ? snSessionLimit(s, id, d->value, true) : 0;
  i64 is = snSessionLimit(s, id, -1, true);
  if (d->set && snSessionHardened(s) && was == is &&
      (!d->value || d->value > was) && was)
    return snRunFail(w->r, SEINE_AUTH, "the limit %s is %lld: this connection "
        "is hardened, and SQL does not raise its limits", snLimitDef(id)->name,
        (long long)is);
  snRowsInt(&w->m, is);
  snRowsEnd(&w->m);
  return w->m.rc;
}

static int adminHardened(AdminRow *w) {
  Session *s = w->r->session;
  if (w->d->set && w->d->value) snSessionHarden(s);
  if (w->d->set && !w->d->value && snSessionHardened(s))
    return snRunFail(w->r, SEINE_AUTH, "this connection is hardened and stays "
        "so");
  snRowsInt(&w->m, snSessionHardened(s));
  snRowsEnd(&w->m);
  return w->m.rc;
}

/* A setting: changed first when asked, then given. */
static int adminSetting(AdminRow *w) {
  const AdminDef *d = w->d;
  Session *s = w->r->session;
  Settings *set = snSessionSettings(s);
  switch (d->kind) {
  case ADMIN_BUSY_TIMEOUT:
    if (d->set) set->busy_ms = d->value;
    snRowsInt(&w->m, set->busy_ms);
    break;
  case ADMIN_MATCH_OPERATOR:
    if (d->set) set->match_and = d->value != 0;
    snRowsText(&w->m, set->match_and ? "and" : "or");
    break;
  case ADMIN_MEMTABLE:
    if (d->set) set->memtable_bytes = d->value;
    snRowsInt(&w->m, set->memtable_bytes);
    break;
  case ADMIN_FILTER_CACHE:
    if (d->set) set->filter_cache = d->value;
    if (d->set) snRecallClear(*snSessionRecall(w->r->session));
    snRowsInt(&w->m, set->filter_cache);
    break;
  case ADMIN_DELTA:
    if (d->set) set->delta_bytes = SN_MIN(d->value, (i64)STORE_DELTA);
    snRowsInt(&w->m, set->delta_bytes);
    break;
  case ADMIN_SPARE: {
    MemSpare *spare = snSessionBlocks(s);
    if (d->set) spare->most = d->value;
    if (d->set) snMemSpareClear(spare);
    snRowsInt(&w->m, spare->most);
    break;
  }
  case ADMIN_THREADS:
    if (d->set) set->threads = d->value;
    if (d->set) snSessionStill(s);
    snRowsInt(&w->m, set->threads);
    break;
  case ADMIN_BATCH_ROWS:
    if (d->set) set->batch_rows = d->value;
    snRowsInt(&w->m, set->batch_rows);
    break;
  case ADMIN_AUTO_MERGE:
    if (d->set) set->auto_merge = d->value != 0;
    snRowsInt(&w->m, set->auto_merge);
    break;
  case ADMIN_SLOW_MS:
    if (d->set) set->slow_ms = d->value;
    snRowsInt(&w->m, set->slow_ms);
    break;
  case ADMIN_SLOW_REDACT:
    if (d->set) set->slow_redact = d->value != 0;
    snRowsInt(&w->m, set->slow_redact);
    break;
  case ADMIN_WORD_PAIRS: snRowsInt(&w->m, snSessionPairs(s)); break;
  case ADMIN_TIGHT_ROWS:
    if (d->set) set->tight_rows = d->value != 0;
    snRowsInt(&w->m, set->tight_rows);
    break;
  default:
    if (d->set) set->sync_off = !d->value;
    snStoreSetSyncOff(snSessionStore(s), set->sync_off);
    snRowsText(&w->m, set->sync_off ? "off" : "full");
  }
  snRowsEnd(&w->m);
  return w->m.rc;
}

/* ---- EXPLAIN ------------------------------------------------------------- */

/* Runs the program to its end; its rows are counted and go nowhere. */
static int adminRun(AdminRow *w, Run **out) {
  Run *r = w->r;
  int rc = snRunNew(r->session, w->d->plan, r->param, out);
  if (rc) return rc;
  snRunSetControl(*out, &r->control);
  rc = snRunProfile(*out);
  if (rc) return rc;
  do rc = snRunStep(*out);
  while (rc == SEINE_ROW);
  if (rc == SEINE_DONE) return SEINE_OK;
  memcpy(r->error, (*out)->error, sizeof r->error);
  return rc;
}

static void adminCost(AdminRow *w, const Profile *f, const ProfileRow *p) {
  double all = f->wall ? (double)f->wall : 1;
  i64 ns = snProfileNs(f, p->ticks);
  snRowsInt(&w->m, p->calls);
  snRowsInt(&w->m, p->in);
  snRowsInt(&w->m, p->out);
  snRowsInt(&w->m, p->windows);
  snRowsInt(&w->m, p->skipped);
  snRowsInt(&w->m, p->blocks);
  snRowsInt(&w->m, snProfilePassed(p));
  snRowsInt(&w->m, p->bytes);
  snRowsInt(&w->m, ns);
  snRowsReal(&w->m, (double)(i64)((double)ns * 1000 / all + 0.5) / 10);
}

/* What is no instruction: the begin, the end, and the whole. */
static void adminAround(AdminRow *w, const Profile *f) {
  static const char *const names[] = {"(begin)", "(end)", "(all)"};
  static const char *const notes[] = {"locks, snapshot, cursors",
      "commit, cursors closed", "by the clock, and rows of the result"};
  for (u32 k = 0; k < 3; k++) {
    ProfileRow all = {.calls = 1, .out = f->rows, .ticks = f->ticks};
    for (u32 i = 0; k == 2 && i < f->n + 2; i++) {
      const ProfileRow *p = f->row + i;
      all.windows += p->windows;
      all.skipped += p->skipped;
      all.blocks += p->blocks;
      all.opened += p->opened;
      all.bytes += p->bytes;
    }
    snRowsStr(&w->m, NULL, 0);
    snRowsText(&w->m, names[k]);
    snRowsText(&w->m, "");
    snRowsText(&w->m, notes[k]);
    adminCost(w, f, k == 2 ? &all : f->row + f->n + k);
    snRowsEnd(&w->m);
  }
}

static int adminListing(AdminRow *w, const Profile *f) {
  const Program *p = w->d->plan;
  Buf ops, note;
  snBufInit(&ops, w->r->budget);
  snBufInit(&note, w->r->budget);
  for (u32 i = 0; i < p->n && !w->m.rc; i++) {
    ops.n = note.n = 0;
    snProgText(p, i, &ops, &note);
    snRowsInt(&w->m, i);
    snRowsText(&w->m, snProgName(p->code[i].op));
    snRowsText(&w->m, snBufText(&ops));
    snRowsText(&w->m, snBufText(&note));
    if (f) adminCost(w, f, f->row + i);
    snRowsEnd(&w->m);
  }
  if (f && !w->m.rc) adminAround(w, f);
  int rc = ops.rc ? ops.rc : note.rc;
  snBufClear(&ops);
  snBufClear(&note);
  return rc ? rc : w->m.rc;
}

static int adminExplain(AdminRow *w) {
  const AdminDef *d = w->d;
  Run *run = NULL;
  Buf b;
  int rc = d->analyze ? adminRun(w, &run) : SEINE_OK;
  const Profile *f = run ? snRunProfiled(run) : NULL;
  snBufInit(&b, w->r->budget);
  if (!rc && d->format == EXPLAIN_TABLE) rc = adminListing(w, f);
  if (!rc && d->format != EXPLAIN_TABLE) {
    if (d->format == EXPLAIN_JSON) snProfileJson(d->plan, f, d->arg, &b);
    else snProfileHtml(d->plan, f, d->arg, &b);
    rc = b.rc;
    snRowsStr(&w->m, b.data, (u32)b.n);
    snRowsEnd(&w->m);
  }
  snBufClear(&b);
  snRunFree(run);
  return rc ? rc : w->m.rc;
}

int opAdmin(Run *r, const Instr *i) {
  AdminRow w = {.r = r, .d = i->p};
  int rc = snStoreObject(r, i->a, w.d->types, w.d->ncol, &w.o);
  if (rc) return rc;
  w.m.to = &w.o->rows;
  switch (w.d->kind) {
  case ADMIN_TABLE_LIST:
  case ADMIN_TABLE_INFO:
  case ADMIN_INDEX_LIST:
  case ADMIN_INDEX_INFO:
  case ADMIN_SEGMENTS: rc = adminTables(&w); break;
  case ADMIN_SCHEMA:
    rc = adminObjects(&w, OBJECT_ANALYZER);
    if (!rc) rc = adminTables(&w);
    if (!rc) rc = adminObjects(&w, OBJECT_VIEW);
    break;
  case ADMIN_CHECK:
  case ADMIN_QUICK_CHECK: rc = adminCheck(&w); break;
  case ADMIN_LOST: rc = adminLost(&w); break;
  case ADMIN_FUNCTIONS: rc = adminFunctions(&w); break;
  case ADMIN_ANALYZERS: rc = adminAnalyzers(&w); break;
  case ADMIN_STORE: rc = adminStore(&w); break;
  case ADMIN_LIMITS: rc = adminLimits(&w); break;
  case ADMIN_LIMIT: rc = adminLimit(&w, w.d->limit); break;
  case ADMIN_MEMORY_LIMIT: rc = adminLimit(&w, SEINE_LIMIT_MEMORY); break;
  case ADMIN_TIMEOUT: rc = adminLimit(&w, SEINE_LIMIT_TIME); break;
  case ADMIN_HARDENED: rc = adminHardened(&w); break;
  case ADMIN_EXPLAIN:
  case ADMIN_ANALYZE:
  case ADMIN_EXPLAIN_TEXT: rc = adminExplain(&w); break;
  default: rc = adminSetting(&w);
  }
  w.o->n = w.o->rows.n;
  return rc;
}
