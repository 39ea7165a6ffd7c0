/*
** import: the bulk load: seine_import_begin, _feed, _status, _end.
**
** (1) Any cut of the input into pieces gives the same rows: the format is
**     judged by the first IMPORT_SNIFF bytes, the types by the first records,
**     and both are counted in bytes and records, never in pieces.
** (2) lines = rows + rejects at the end.  Blank lines are no records (but
**     under LINES they are); nor is the header of CSV.
** (3) Memory is bounded: a record of more than IMPORT_LONGEST bytes is
**     rejected, and its first bytes are kept in the reject.
** (4) One transaction.  When it was begun here, _end commits or rolls it
**     back.  Inside a transaction of the user a failed or given-up load leaves
**     its rows there, and the user must ROLLBACK.
** (5) A line or CSV record that is not UTF-8 is read as Windows-1252, of which
**     every sequence of bytes is a text.  JSON is UTF-8, or rejected.
** (6) In the steady state nothing is allocated for a record.
*/
#include "api/import.h"

#define IMPORT_PAD     4096u
#define IMPORT_PAD_MAX (1u << 20)

/* ---- Small services ----------------------------------------------------- */

int snImportFail(seine_import *imp, int rc) {
  if (!rc || imp->rc) return imp->rc;
  imp->rc = rc;
  if (!imp->db) return rc;
  if (rc == SEINE_NOMEM) snDbError(imp->db, rc, "out of memory");
  else if (seine_errcode(imp->db) != rc)
    snDbError(imp->db, rc, "%s", seine_errstr(rc));
  return rc;
}

void snImportReason(seine_import *imp, const char *fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  vsnprintf(imp->reason, sizeof imp->reason, fmt, ap);
  va_end(ap);
}

void *snImportPad(seine_import *imp, size_t n) {
  u8 *p = imp->pad + imp->npad;
  if (n <= imp->pad_cap - imp->npad) {
    imp->npad += n;
    return p;
  }
  p = snArenaBytes(&imp->pad_more, n);
  if (!p) snImportFail(imp, SN_NOMEM);
  return p;
}

const void *snImportPadCopy(seine_import *imp, const void *p, size_t n) {
  void *to = snImportPad(imp, n);
  if (to && n) memcpy(to, p, n);
  return to;
}

/* The pad grows to what the last record needed, unless that was much. */
static void importPadReset(seine_import *imp) {
  size_t need = imp->npad + imp->pad_more.used;
  u8 *p;
  imp->npad = 0;
  if (need <= imp->pad_cap) return;
  snArenaClear(&imp->pad_more);
  if (need > IMPORT_PAD_MAX) return;
  p = snMemAlloc(imp->budget, 2 * need);
  if (!p) return; /* the arena serves as well */
  snMemFree(imp->pad);
  imp->pad = p;
  imp->pad_cap = 2 * need;
}

/* ---- Fields and cells --------------------------------------------------- */

u32 snImportNewField(seine_import *imp, const char *name, size_t n) {
  ImportField *f;
  char *copy;
  if (imp->nfield >= IMPORT_FIELDS) {
    snImportReason(imp, "too many different names");
    return IMPORT_NONE;
  }
  copy = snArenaDup(&imp->names, name, n);
  if (!copy ||
      snMemGrow(imp->budget, &imp->field, &imp->field_cap,
          (u64)imp->nfield + 1, sizeof *imp->field) ||
      snMemGrow(imp->budget, &imp->touched, &imp->touched_cap,
          (u64)imp->nfield + 1, sizeof *imp->touched)) {
    snImportFail(imp, SN_NOMEM);
    return IMPORT_NONE;
  }
  for (size_t i = 0; i < n; i++) {
    if (!copy[i]) copy[i] = '_';
  }
  f = &imp->field[imp->nfield];
  memset(f, 0, sizeof *f);
  f->name = copy;
  f->n = (u32)n;
  f->col = -1;
  imp->version++;
  snImportTableBind(imp, imp->nfield);
  return imp->nfield++;
}

ImportCell *snImportCell(seine_import *imp, u32 field, u8 kind) {
  ImportField *f = &imp->field[field];
  if (f->stamp != imp->serial) {
    f->stamp = imp->serial;
    imp->touched[imp->ntouched++] = field;
  }
  f->cell = (ImportCell){.kind = kind};
  return &f->cell;
}

/* ---- A record ----------------------------------------------------------- */

/* The bytes 0x80 .. 0x9f of Windows-1252. */
static const u16 importWindows[32] = {0x20ac, 0x81, 0x201a, 0x192, 0x201e,
    0x2026, 0x2020, 0x2021, 0x2c6, 0x2030, 0x160, 0x2039, 0x152, 0x8d, 0x17d,
    0x8f, 0x90, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x2dc,
    0x2122, 0x161, 0x203a, 0x153, 0x9d, 0x17e, 0x178};

/* imp->text as UTF-8, in the pad. */
static bool importToUtf(seine_import *imp) {
  const u8 *p = (const u8 *)imp->text;
  u8 *to = snImportPad(imp, 3 * imp->ntext);
  size_t n = 0;
  if (!to) return false;
  for (size_t i = 0; i < imp->ntext; i++) {
    u32 c = p[i];
    if (c < 0x80) to[n++] = (u8)c;
    else n += snUtfPut(to + n, c < 0xa0 ? importWindows[c - 0x80] : c);
  }
  imp->text = (const char *)to;
  imp->ntext = n;
  return true;
}

static void importText(seine_import *imp, const char *p, size_t n) {
  importPadReset(imp);
  imp->serial++;
  imp->ntouched = 0;
  imp->reason[0] = 0;
  imp->text = n ? p : "";
  imp->ntext = n;
}

int snImportParse(seine_import *imp, const char *p, size_t n) {
  importText(imp, p, n);
  if (imp->st.format == SEINE_IMPORT_NDJSON) {
    snImportJson(imp, p, (u32)n);
    if (imp->reason[0] && !imp->rc && !snUtfValid(p, n)) importToUtf(imp);
    return imp->rc;
  }
  if (!snUtfValid(p, n) && !importToUtf(imp)) return imp->rc;
  return imp->split.mode == IMPORT_BY_CSV ?
      snImportCsv(imp, imp->text, (u32)imp->ntext) :
      snImportLog(imp, imp->text, (u32)imp->ntext);
}

int snImportRun(seine_import *imp, const char *p, size_t n, i64 line) {
  imp->st.lines += imp->stage == IMPORT_RUNNING;
  if (snImportParse(imp, p, n)) return imp->rc;
  return imp->reason[0] ? snImportReject(imp, line) : snImportStore(imp, line);
}

/* A record that is wrong before anybody tried to read it. */
static int importRefuse(seine_import *imp, const char *p, size_t n, i64 line,
    const char *reason) {
  if (snImportAheadFinish(imp)) return imp->rc;
  importText(imp, p, n);
  if (!snUtfValid(p, n) && !importToUtf(imp)) return imp->rc;
  snImportReason(imp, "%s", reason);
  imp->st.lines++;
  return snImportReject(imp, line);
}

/* ---- The first records -------------------------------------------------- */

/* The types are known now: the records that waited, and were counted, become
** rows. */
static int importDecide(seine_import *imp) {
  u32 n = imp->nlook;
  if (n || imp->header) snImportDecide(imp);
  for (u32 i = 0; i < n && !imp->rc; i++) {
    const ImportRecord *r = &imp->look[i];
    snImportAhead(imp, (const char *)imp->head.data + r->from, r->n, r->line);
  }
  if (!imp->rc) snImportAheadFinish(imp);
  imp->stage = IMPORT_RUNNING;
  imp->nlook = imp->look_cap = 0;
  snMemFree(imp->look);
  imp->look = NULL;
  snBufClear(&imp->head);
  return imp->rc;
}

static int importLook(seine_import *imp, const char *p, size_t n, i64 line) {
  if (snMemGrow(imp->budget, &imp->look, &imp->look_cap, (u64)imp->nlook + 1,
          sizeof *imp->look)) {
    return snImportFail(imp, SN_NOMEM);
  }
  imp->look[imp->nlook++] = (ImportRecord){imp->head.n, (u32)n, line};
  snBufAdd(&imp->head, p, n);
  if (imp->head.rc) return snImportFail(imp, imp->head.rc);
  if (imp->nlook < IMPORT_RECORDS && imp->head.n < IMPORT_LOOK) return 0;
  return importDecide(imp);
}

/* The first record of CSV: true when it was taken, as names or as a reject. */
static bool importHeader(seine_import *imp, const char *p, size_t n,
    i64 line) {
  bool is_header;
  importText(imp, p, n);
  if (!snUtfValid(p, n) && !importToUtf(imp)) return true;
  if (snImportCsvHeader(imp, imp->text, (u32)imp->ntext, &is_header)) {
    return true;
  }
  if (!imp->reason[0]) return is_header;
  imp->st.lines++;
  snImportReject(imp, line);
  return true;
}

static bool importBlank(const char *p, size_t n) {
  while (n && (*p == ' ' || *p == '\t' || *p == '\r')) p++, n--;
  return !n;
}

/* A record without its line end. */
static int importRecord(seine_import *imp, const char *p, size_t n,
    i64 line) {
  bool csv = imp->split.mode == IMPORT_BY_CSV;
  if (!n && imp->st.format != SEINE_IMPORT_LINES) return SEINE_OK;
  if (imp->st.format == SEINE_IMPORT_NDJSON && importBlank(p, n)) {
    return SEINE_OK;
  }
  if (csv && !imp->header && importHeader(imp, p, n, line)) return imp->rc;
  if (imp->stage != IMPORT_LOOKING) return snImportAhead(imp, p, n, line);
  imp->st.lines++;
  return importLook(imp, p, n, line);
}

/* ---- From pieces to records --------------------------------------------- */

/* Bytes of a record that goes on.  Beyond the limit only its head stays. */
static int importCarry(seine_import *imp, const char *p, size_t n) {
  Buf *b = &imp->carry;
  imp->record += n;
  if (imp->record > IMPORT_LONGEST) {
    b->n = SN_MIN(b->n, (size_t)IMPORT_KEEP);
    n = SN_MIN(n, IMPORT_KEEP - b->n);
  }
  if (n) snBufAdd(b, p, n);
  return b->rc ? snImportFail(imp, b->rc) : SEINE_OK;
}

static int importTooLong(seine_import *imp, i64 line) {
  const char *p = (const char *)imp->carry.data;
  size_t n = imp->carry.n;
  for (u32 k = 0; k < 4 && k < n; k++) { /* no half letter at the end */
    if (!snUtfValid(p, n - k)) continue;
    n -= k;
    break;
  }
  importRefuse(imp, p, n, line, "a record of more than 64 MiB; its beginning:");
  snBufClear(&imp->carry);
  return imp->rc;
}

/* The last n bytes of a record. */
static int importComplete(seine_import *imp, const char *p, size_t n) {
  i64 line = imp->line;
  size_t total = imp->record + n;
  bool carried = imp->record > 0;
  imp->line += imp->split.newlines;
  imp->split.newlines = 0;
  snImportSplitReset(&imp->split);
  if ((carried || total > IMPORT_LONGEST) && importCarry(imp, p, n)) {
    return imp->rc;
  }
  imp->record = 0;
  if (total > IMPORT_LONGEST) return importTooLong(imp, line);
  if (carried) {
    p = (const char *)imp->carry.data;
    n = imp->carry.n;
    imp->carry.n = 0; /* the bytes stay where they are */
  }
  return importRecord(imp, p, snImportTrim(&imp->split, p, n), line);
}

static int importPieces(seine_import *imp, const char *p, size_t n) {
  size_t used;
  while (n && !imp->rc) {
    switch (snImportSplit(&imp->split, imp->record > 0, p, n, &used)) {
      case IMPORT_CUT_MORE: importCarry(imp, p, used); break;
      case IMPORT_CUT_RECORD: importComplete(imp, p, used); break;
      case IMPORT_CUT_SKIP:
        imp->line += imp->split.newlines;
        imp->split.newlines = 0;
        break;
    }
    p += used;
    n -= used;
  }
  return imp->rc;
}

/* The record that has no line end.  Where the last quote of CSV was never
** closed, what it swallowed is read again, line by line. */
static int importLast(seine_import *imp) {
  ImportSplit *s = &imp->split;
  if (!imp->record) return imp->rc;
  if (snImportSplitOpen(s) && imp->record <= IMPORT_LONGEST) {
    Buf rest = imp->carry;
    snBufInit(&imp->carry, imp->budget);
    imp->record = 0;
    s->plain = true;
    s->newlines = 0;
    snImportSplitReset(s);
    importPieces(imp, (const char *)rest.data, rest.n);
    snBufClear(&rest);
  }
  return imp->record && !imp->rc ? importComplete(imp, "", 0) : imp->rc;
}

/* ---- The beginning of the input ----------------------------------------- */

static int importStart(seine_import *imp, bool whole) {
  Buf first = imp->carry;
  const char *p = (const char *)first.data;
  size_t n = first.n;
  snBufInit(&imp->carry, imp->budget);
  if (n >= 3 && !memcmp(p, "\xef\xbb\xbf", 3)) p += 3, n -= 3;
  imp->stage = IMPORT_LOOKING;
  imp->line = 1;
  imp->split.mode = IMPORT_BY_LINE;
  snImportSplitReset(&imp->split);
  if (n && !snImportSniff(imp, p, n, whole)) {
    if (imp->st.format == SEINE_IMPORT_LINES ||
        imp->st.format == SEINE_IMPORT_ACCESS) {
      snImportLogFields(imp);
    }
    importPieces(imp, p, n);
  }
  snBufClear(&first);
  return imp->rc;
}

int snImportFeed(seine_import *imp, const char *p, size_t n) {
  size_t take;
  imp->st.bytes += (i64)n;
  if (imp->stage == IMPORT_SNIFFING) {
    take = SN_MIN(n, IMPORT_SNIFF - imp->carry.n);
    snBufAdd(&imp->carry, p, take);
    if (imp->carry.rc) return snImportFail(imp, imp->carry.rc);
    if (imp->carry.n < IMPORT_SNIFF) return SEINE_OK;
    if (importStart(imp, false)) return imp->rc;
    p += take;
    n -= take;
  }
  return importPieces(imp, p, n);
}

int snImportFinish(seine_import *imp) {
  if (imp->stage == IMPORT_SNIFFING) importStart(imp, true);
  if (!imp->rc) importLast(imp);
  if (!imp->rc && imp->stage == IMPORT_LOOKING) importDecide(imp);
  if (!imp->rc) snImportAheadFinish(imp);
  return imp->rc ? imp->rc : snImportTableFinish(imp);
}

/* ---- The door ----------------------------------------------------------- */

void snImportFree(seine_import *imp) {
  if (!imp) return;
  snImportAheadFree(imp);
  snImportTableClear(imp);
  snImportStatsClear(imp);
  snBufClear(&imp->carry);
  snBufClear(&imp->head);
  snBufClear(&imp->path);
  snBufClear(&imp->tmp);
  snBufClear(&imp->json.tmp);
  snArenaClear(&imp->pad_more);
  snArenaClear(&imp->names);
  snStrSetClear(&imp->nodes);
  snStrSetClear(&imp->paths);
  snMemFree(imp->look);
  snMemFree(imp->pad);
  snMemFree(imp->node);
  snMemFree(imp->field);
  snMemFree(imp->path_field);
  snMemFree(imp->touched);
  snMemFree(imp->table);
  snMemFree(imp->reject_table);
  snMemFree(imp);
}

seine_import *snImportNew(Budget *b) {
  seine_import *imp = snMemZero(b, sizeof *imp);
  if (!imp) return NULL;
  imp->budget = b;
  snBufInit(&imp->carry, b);
  snBufInit(&imp->head, b);
  snBufInit(&imp->path, b);
  snBufInit(&imp->tmp, b);
  snBufInit(&imp->defaults, b);
  snBufInit(&imp->json.tmp, b);
  snArenaInit(&imp->pad_more, b);
  snArenaInit(&imp->names, b);
  snStrSetInit(&imp->nodes, b);
  snStrSetInit(&imp->paths, b);
  imp->pad = snMemAlloc(b, IMPORT_PAD);
  imp->pad_cap = IMPORT_PAD;
  if (imp->pad) return imp;
  snImportFree(imp);
  return NULL;
}

static seine_import *importBegin(seine *db, const char *table, int format) {
  static const char behind[] = "_rejects";
  Budget *b = snDbBudget(db);
  size_t n = strlen(table);
  seine_import *imp = snImportNew(b);
  if (!imp) return NULL;
  imp->db = db;
  imp->st.format = format;
  imp->table = snMemDup(b, table, n);
  imp->reject_table = snMemAlloc(b, n + sizeof behind);
  if (!imp->table || !imp->reject_table) {
    snImportFree(imp);
    return NULL;
  }
  memcpy(imp->reject_table, table, n);
  memcpy(imp->reject_table + n, behind, sizeof behind);
  return imp;
}

/* Ends the transaction that was begun here; the message of what went wrong
** before survives. */
static int importEnd(seine_import *imp, bool commit) {
  char message[sizeof imp->db->message];
  int rc = imp->rc;
  if (!imp->own) return rc;
  if (commit && !rc) {
    rc = seine_exec(imp->db, "COMMIT", NULL, NULL, NULL);
    if (!rc || seine_get_autocommit(imp->db)) return rc;
  }
  snprintf(message, sizeof message, "%s", rc ? seine_errmsg(imp->db) : "");
  /* Not by SQL: there may be no memory to compile it. */
  if (!seine_get_autocommit(imp->db)) {
    int back = snSessionRollback(imp->db->session);
    if (!rc) rc = back;
  }
  return rc && message[0] ? snDbError(imp->db, rc, "%s", message) : rc;
}

int seine_import_begin(seine *db, const char *table, int format,
    seine_import **out) {
  seine_import *imp;
  int rc;
  if (!db || !out) return SEINE_MISUSE;
  *out = NULL;
  if (!table || !*table || format < SEINE_IMPORT_AUTO ||
      format > SEINE_IMPORT_ACCESS) {
    return snDbError(db, SEINE_MISUSE, "seine_import_begin: no such format, "
        "or no name of a table");
  }
  if (!db->session) return db->rc ? db->rc : SEINE_MISUSE;
  if (db->load) {
    return snDbError(db, SEINE_MISUSE, "seine_import_begin: another load is "
        "under way on this connection: end it first");
  }
  snDbResume(db); /* from an interrupt of a statement long gone */
  imp = importBegin(db, table, format);
  if (!imp) return snDbError(db, SEINE_NOMEM, "out of memory");
  db->in_load = true;
  if (seine_get_autocommit(db)) {
    snImportFail(imp, seine_exec(db, "BEGIN", NULL, NULL, NULL));
    imp->own = !imp->rc;
  }
  if (!imp->rc) snImportTableFind(imp);
  if (!imp->rc) {
    *out = db->load = imp;
    db->in_load = false;
    return SEINE_OK;
  }
  snImportTableClear(imp);
  rc = importEnd(imp, false);
  snImportFree(imp);
  db->in_load = false;
  return rc;
}

int seine_import_feed(seine_import *imp, const void *p, size_t n) {
  int rc;
  if (!imp || (!p && n)) return SEINE_MISUSE;
  if (imp->rc) return imp->rc;
  if (snDbInterrupted(imp->db)) {
    return snImportFail(imp,
        snDbError(imp->db, SEINE_INTERRUPT, "interrupted"));
  }
  imp->db->in_load = true;
  rc = n ? snImportFeed(imp, p, n) : SEINE_OK;
  imp->db->in_load = false;
  return rc;
}

void snImportCatchUp(seine_import *imp) {
  imp->db->in_load = true;
  if (!imp->rc) snImportAheadFinish(imp);
  imp->db->in_load = false;
}

void seine_import_status(seine_import *imp, seine_import_stats *s) {
  memset(s, 0, sizeof *s);
  if (!imp) return;
  snImportCatchUp(imp);
  *s = imp->st;
}

int seine_import_end(seine_import *imp, int commit, seine_import_stats *s) {
  seine *db;
  int rc;
  if (s) memset(s, 0, sizeof *s);
  if (!imp) return SEINE_MISUSE;
  db = imp->db;
  db->in_load = true;
  if (commit && !imp->rc) snImportFinish(imp);
  if (!commit) imp->rc = SEINE_OK;
  snImportAheadFree(imp);
  snImportTableClear(imp);
  rc = importEnd(imp, commit != 0);
  if (s) *s = imp->st;
  snImportFree(imp);
  db->load = NULL;
  db->in_load = false;
  return rc;
}

#undef IMPORT_PAD
#undef IMPORT_PAD_MAX
