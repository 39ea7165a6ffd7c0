/*
** import_scan: a file read as a table, while a statement runs: the door that
** the machine asks for the rows of FROM 'file'.
**
** It is a load (import.h) whose rows go to the statement and whose table is
** known to nobody else.  The first records are looked at when it is opened,
** so that the columns are known; their rows wait for the first read.  Memory
** does not grow with the file.
*/
#include "api/import.h"

#define SCAN_PIECE 262144u /* bytes of the file at a time */

typedef union ScanCell { i64 i; double d; Str s; u64 bit; } ScanCell;

struct FileReader {
  ImportScan scan;   /* first: what the load knows */
  seine *db;
  seine_import *imp;
  File *file;
  u64 size, at;
  u8 *piece;
  bool ended;
  RowStore *to;      /* of the read, or first */
  RowStore first;    /* rows of the look */
  const Table *table; /* for which the three below were made */
  Vec *vec;
  const Vec **row;
  ScanCell *cell;
};

static const u64 scan_null = 1; /* bits of a Vec; never written */

/* ---- rows --------------------------------------------------------------- */

static int scanRoom(FileReader *r, const Table *t) {
  Budget *b = r->imp->budget;
  u32 n = t->ncol;
  u8 types[IMPORT_COLUMNS];
  if (r->table == t) return SEINE_OK;
  if (n > IMPORT_COLUMNS) return SEINE_TOOBIG;
  snMemFree(r->vec);
  snMemFree((void *)r->row);
  snMemFree(r->cell);
  r->vec = snMemZero(b, (n + 1ull) * sizeof *r->vec);
  r->row = snMemZero(b, (n + 1ull) * sizeof *r->row);
  r->cell = snMemZero(b, (n + 1ull) * sizeof *r->cell);
  if (!r->vec || !r->row || !r->cell) return SN_NOMEM;
  for (u32 k = 0; k < n; k++) {
    types[k] = t->col[k].type;
    r->vec[k] = (Vec){.type = types[k], .form = VEC_FLAT,
        .data = r->cell + k};
    r->row[k] = r->vec + k;
  }
  r->table = t;
  return r->to == &r->first ? snRowsInit(r->to, b, types, n) : SEINE_OK;
}

static int scanPut(ImportScan *s, const Table *t, const AppendValue *v) {
  FileReader *r = (FileReader *)s;
  int rc = scanRoom(r, t);
  for (u32 k = 0; !rc && k < t->ncol; k++) {
    ScanCell *c = r->cell + k;
    r->vec[k].nulls = v[k].kind ? NULL : (u64 *)(uintptr_t)&scan_null;
    switch (v[k].kind) {
    case APPEND_NULL: memset(c, 0, sizeof *c); break;
    case APPEND_REAL: c->d = v[k].d; break;
    case APPEND_STR: c->s = (Str){v[k].p, v[k].n, 0}; break;
    default: c->i = v[k].i; /* of BOOLEAN it is the bit */
    }
  }
  return rc ? rc : snRowsAdd(r->to, r->row, (Rows16){NULL, 1});
}

/* ---- the file ----------------------------------------------------------- */

static int scanFail(FileReader *r, int rc, char *error) {
  seine *db = r->db;
  if (rc && seine_errcode(db) == rc && db->message[0])
    snprintf(error, 256, "%.250s", db->message);
  else if (rc == SEINE_IOERR)
    snprintf(error, 256, "cannot read %.200s", r->scan.path);
  return rc;
}

/* Feeds the next piece, or the end. */
static int scanPiece(FileReader *r) {
  seine_import *imp = r->imp;
  size_t n = (size_t)SN_MIN(r->size - r->at, (u64)SCAN_PIECE);
  if (n) {
    int rc = r->file->ops->read(r->file, r->at, r->piece, n);
    r->at += n;
    return rc ? rc : snImportFeed(imp, (const char *)r->piece, n);
  }
  r->ended = true;
  return snImportFinish(imp);
}

static void scanClose(FileReader *r) {
  if (!r) return;
  if (r->file) r->file->ops->close(r->file);
  snRowsClear(&r->first);
  snMemFree(r->piece);
  snMemFree(r->vec);
  snMemFree((void *)r->row);
  snMemFree(r->cell);
  snImportFree(r->imp);
  snMemFree(r);
}

static int scanOpenFile(FileReader *r, char *error) {
  Vfs *v = snOsUnix();
  int rc = v->open(v, r->scan.path, OS_READONLY, &r->file);
  if (!rc) rc = r->file->ops->size(r->file, &r->size);
  if (rc && rc != SEINE_NOMEM)
    snprintf(error, 256, "cannot read the file %.200s: is it there?",
        r->scan.path);
  return rc;
}

/* As far as the columns are known. */
static int scanLook(FileReader *r, const FileAsk *ask, char *error) {
  seine_import *imp = r->imp;
  int rc = SEINE_OK;
  if (ask->into) rc = snImportTableFor(imp, ask->into);
  while (!rc && !r->ended && imp->stage != IMPORT_RUNNING) rc = scanPiece(r);
  if (rc || imp->tab) return scanFail(r, rc, error);
  snprintf(error, 256, "%.200s has no columns: no record was found in it",
      ask->path);
  return SEINE_ERROR;
}

static int scanOpen(void *arg, const FileAsk *ask, FileReader **out,
    char *error) {
  seine *db = arg;
  Budget *b = snDbBudget(db);
  FileReader *r = snMemZero(b, sizeof *r);
  int rc = r ? SEINE_OK : SN_NOMEM;
  *out = NULL;
  if (rc) return rc;
  r->scan = (ImportScan){.put = scanPut, .path = ask->path,
      .lenient = ask->lenient, .all_text = ask->all_text,
      .delim = ask->delim, .header = ask->header};
  r->db = db;
  r->to = &r->first;
  r->imp = snImportNew(b);
  r->piece = snMemAlloc(b, SCAN_PIECE);
  if (!r->imp || !r->piece) rc = SN_NOMEM;
  if (!rc) {
    r->imp->db = db;
    r->imp->scan = &r->scan;
    r->imp->st.format = ask->format; /* FILE_ and SEINE_IMPORT_ are one */
    rc = scanOpenFile(r, error);
  }
  if (!rc) rc = scanLook(r, ask, error);
  if (rc) scanClose(r);
  else *out = r;
  return rc;
}

static const Table *scanTable(const FileReader *r) { return r->imp->tab; }

/* The rows of the look become the caller's, whose own were none. */
static int scanRead(FileReader *r, RowStore *rows, bool *done,
    char *error) {
  int rc = SEINE_OK;
  if (r->first.n) {
    RowStore none = *rows;
    *rows = r->first;
    r->first = none;
    r->first.n = 0;
  }
  r->to = rows;
  while (!rc && !r->ended && rows->n < SN_WINDOW) rc = scanPiece(r);
  *done = r->ended;
  return scanFail(r, rc, error);
}

int seine_enable_files(seine *db, int on) {
  if (!db || !db->session) return SEINE_MISUSE;
  db->files = (FileDoor){db, scanOpen, scanTable, scanRead, scanClose,
      snExportCreate, snExportWrite, snExportFinish};
  snSessionSetFiles(db->session, on ? &db->files : NULL);
  return SEINE_OK;
}

#undef SCAN_PIECE
