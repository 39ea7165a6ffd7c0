/*
** import: what the files of the bulk load share.
**
** The way of a byte:
**   import.c        pieces of input -> the first 64 KiB are looked at
**   import_sniff.c  -> which format, which delimiter, is there a header
**   import_split.c  -> records, whatever the cut of the pieces
**   import_json.c, import_csv.c, import_log.c
**                   -> cells: (field, kind, text) of one record
**   import_infer.c  -> types, from the first records
**   import_value.c  -> a cell in the form of its column, or the wider type
**   import_table.c  -> the table made, enlarged, widened; rows and rejects
** With threads, import_ahead.c has them take the way from records to rows
** ahead of their turn.
**
** (1) A *field* is a name of the input (a path of JSON, a column of CSV, a
**     part of a log line); it has a column once it had a value.
** (2) imp->rc is sticky: after an error nothing is read or written.
** (3) A record that cannot be taken leaves its reason in imp->reason; that is
**     no error.
** (4) The text of a cell lies in the record, or in the pad, which lives until
**     the next record is read.
** (5) A *helper* is what a thread reads records with: a seine_import without a
**     db, which knows the fields and the table of the load and may add to
**     neither.  What it cannot take has a reason, whatever it is.
** (6) imp->version moves when what a helper has to know does.
*/
#ifndef SN_IMPORT_H
#define SN_IMPORT_H
#include "api/apiInt.h"

#define IMPORT_SNIFF   65536u         /* bytes the format is guessed from */
#define IMPORT_LOOK    (4u << 20)     /* bytes the types are inferred from */
#define IMPORT_RECORDS 20000u         /* ... and records */
#define IMPORT_LONGEST (64u << 20)    /* bytes of a record */
#define IMPORT_COLUMNS 4096u
#define IMPORT_FIELDS  16384u         /* names, those without values too */
#define IMPORT_NESTED  32u            /* deeper objects are not flattened */
#define IMPORT_KEEP    4096u          /* bytes kept of an overlong record */
#define IMPORT_NONE    UINT32_MAX

typedef enum ImportKind {
  IMPORT_NULL,
  IMPORT_BOOL,
  IMPORT_INT,
  IMPORT_REAL,
  IMPORT_TEXT,  /* a string that is one: of JSON */
  IMPORT_FIELD, /* a text that may stand for anything: of CSV and logs */
  IMPORT_ARRAY, /* of JSON; bits tell of its elements */
  IMPORT_GEO,   /* an object of lat and lon alone, packed in i */
  IMPORT_WHOLE  /* an object that is kept as JSON */
} ImportKind;

/* Bits of an array: which kinds of elements it has besides null. */
#define IMPORT_HAS_BOOL   1u
#define IMPORT_HAS_NUMBER 2u
#define IMPORT_HAS_TEXT   4u
#define IMPORT_HAS_NESTED 8u

typedef struct ImportCell {
  u8 kind, bits;
  u32 n, nraw;
  const char *p;   /* text: of a string without escapes, of a number as it
                   ** stands in the source */
  const char *raw; /* JSON source of the value; NULL when there is none */
  i64 i;           /* BOOL, INT, GEO */
  double d;        /* REAL, INT */
} ImportCell;

typedef enum ImportGeo { IMPORT_GEO_MAYBE, IMPORT_GEO_YES, IMPORT_GEO_NO }
    ImportGeo;

typedef struct ImportField {
  const char *name; /* + 0 byte */
  u32 n;
  i32 col;          /* in the table, or -1 */
  u8 geo;           /* may an object here be a point? */
  u8 want;          /* the type it should have, TYPE_NULL: inferred */
  bool whole;       /* objects here are kept as JSON */
  bool seen;        /* a record that was taken has it */
  u64 stamp;        /* the record that set cell */
  ImportCell cell;
} ImportField;

/* What the first records say about a field. */
typedef struct ImportStat {
  u32 bools, ints, reals, texts; /* values by shape */
  u32 empties;                   /* empty texts of CSV */
  u32 times, dates, ips;         /* of texts */
  u32 total;                     /* values, elements of arrays too */
  u32 longest;                   /* bytes */
  u64 words;
  u32 arrays, points;
  bool json, bad_want;
  bool many;                     /* too many distinct values to count */
  StrSet distinct;               /* of values up to 256 bytes */
} ImportStat;

/* A name inside an object; node 0 is the record. */
typedef struct ImportNode {
  const char *key;
  u32 n, parent, depth;
  u32 field;
  u32 next;   /* the node that came behind it last time */
  bool plain; /* the name needs no escape in JSON */
} ImportNode;

typedef enum ImportMode {
  IMPORT_BY_LINE, IMPORT_BY_CSV, IMPORT_BY_OBJECT /* an array, many lines */
} ImportMode;

typedef struct ImportSplit {
  u8 mode, state;
  char delim;
  bool escaped;   /* BY_OBJECT: behind a backslash */
  bool plain;     /* BY_CSV: a quote holds no line end (see snImportSplit) */
  u32 depth;      /* BY_OBJECT */
  u32 newlines;   /* inside the record so far */
} ImportSplit;

typedef enum ImportStage { IMPORT_SNIFFING, IMPORT_LOOKING, IMPORT_RUNNING }
    ImportStage;

typedef struct ImportRecord {
  size_t from;
  u32 n;
  i64 line;
} ImportRecord;

typedef struct ImportAhead ImportAhead;

/* Where the rows of a file go that is read as a table (import_scan.c). */
typedef struct ImportScan ImportScan;
struct ImportScan {
  int (*put)(ImportScan *s, const Table *t, const AppendValue *row); /* rc */
  const char *path;
  bool lenient;    /* what cannot be read is passed over */
  bool all_text;   /* no types are inferred */
  char delim;      /* of CSV; 0: found out */
  int header;      /* of CSV: 1, 0; -1: found out */
};

struct seine_import {
  seine *db;       /* NULL: a helper */
  Budget *budget;
  char *table, *reject_table;
  int rc;
  u8 stage;
  bool own;        /* the transaction was begun here */
  bool header;     /* CSV: the first record was dealt with */
  bool typed;      /* CSV: the second record has numbers and the like */
  seine_import_stats st;

  /* From bytes to records */
  ImportSplit split;
  Buf carry;       /* of a record that is not complete; before: the sample */
  size_t record;   /* its bytes so far, also when it is over the limit */
  i64 line;        /* physical line of the record */
  Buf head;        /* LOOKING: the records, one behind the other */
  ImportRecord *look;
  u32 nlook, look_cap;

  /* From records to cells */
  u64 serial;
  u8 *pad;         /* see snImportPad */
  size_t npad, pad_cap;
  Arena pad_more;
  const char *text; /* the record, as UTF-8 */
  size_t ntext;
  Arena names;
  Json json;
  ImportNode *node;
  u32 nnode, node_cap, last_node;
  StrSet nodes;    /* parent (4 bytes) + key -> node - 1 */
  Buf path;
  ImportField *field;
  u32 nfield, field_cap;
  StrSet paths;    /* JSON: name -> entry of path_field */
  u32 *path_field, path_cap;
  u32 *touched;
  u32 ntouched, touched_cap;
  ImportStat *stat; /* LOOKING: one a field */
  u32 nstat;
  char reason[160]; /* "" when the record is fine */

  /* From cells to rows */
  Table *tab;      /* NULL: there is no such table yet */
  Appender *app, *rejects;
  AppendValue *row, *blank; /* ncol values; blank: the defaults */
  Buf defaults;
  u32 row_cap, blank_cap, taken_cap;
  bool *taken;     /* a field has this column */
  u8 *wider;       /* type a column must get, or 0 */
  u32 wider_cap, nwider;
  bool rejects_ready;
  u32 unchecked;   /* rows since the last look at the interrupt */
  u32 nbound;      /* fields that have a column */
  bool demanding;  /* a column of tab is NOT NULL */
  Buf tmp;         /* short-lived text: SQL, arrays */

  ImportScan *scan; /* NULL: the rows go to a table of the database */

  u64 version;
  ImportAhead *ahead; /* NULL: no thread was needed yet */
};

/* ---- From import.c ------------------------------------------------------ */

SN_FUNC int snImportFail(seine_import *imp, int rc); /* sets rc, message */
SN_FUNC void snImportReason(seine_import *imp, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* n bytes that live as long as the cells; NULL sets imp->rc. */
SN_FUNC void *snImportPad(seine_import *imp, size_t n);
SN_FUNC const void *snImportPadCopy(seine_import *imp, const void *p,
    size_t n);
/* The field of this number has a value in this record (again: the last one
** counts). */
SN_FUNC ImportCell *snImportCell(seine_import *imp, u32 field, u8 kind);
/* A new field, IMPORT_NONE when there are too many (a reason) or no memory
** (rc). */
SN_FUNC u32 snImportNewField(seine_import *imp, const char *name, size_t n);
/* Reads one record into cells; imp->text is what was read. */
SN_FUNC int snImportParse(seine_import *imp, const char *p, size_t n);
/* A record whose turn has come: into the table, or the rejects. */
SN_FUNC int snImportRun(seine_import *imp, const char *p, size_t n, i64 line);
/* Pieces of the input; and its end. */
SN_FUNC int snImportFeed(seine_import *imp, const char *p, size_t n);
SN_FUNC int snImportFinish(seine_import *imp);
/* Without a db and a table; NULL: no memory. */
SN_FUNC seine_import *snImportNew(Budget *b);
SN_FUNC void snImportFree(seine_import *imp);

/* ---- From import_ahead.c ------------------------------------------------ */

/* As snImportRun(), now or later, behind those that came before. */
SN_FUNC int snImportAhead(seine_import *imp, const char *p, size_t n,
    i64 line);
/* What waits has its turn now. */
SN_FUNC int snImportAheadFinish(seine_import *imp);
SN_FUNC void snImportAheadFree(seine_import *imp); /* what waits is lost */

/* ---- From import_split.c ------------------------------------------------ */

typedef enum ImportCut {
  IMPORT_CUT_MORE,   /* all n bytes belong to the record, which goes on */
  IMPORT_CUT_RECORD, /* *used bytes end it, its line end among them */
  IMPORT_CUT_SKIP    /* *used bytes lie between records */
} ImportCut;
/* Looks at the next n > 0 bytes of a record.  inside: it has bytes already. */
SN_FUNC ImportCut snImportSplit(ImportSplit *s, bool inside, const char *p,
    size_t n, size_t *used);
SN_FUNC void snImportSplitReset(ImportSplit *s);
SN_FUNC bool snImportSplitOpen(const ImportSplit *s); /* in quotes of CSV */
/* Length without the line end. */
SN_FUNC size_t snImportTrim(const ImportSplit *s, const char *p, size_t n);

/* ---- From import_sniff.c ------------------------------------------------ */

/* Decides format, delimiter and mode.  whole: the input is no longer than the
** sample. */
SN_FUNC int snImportSniff(seine_import *imp, const char *p, size_t n,
    bool whole);

/* ---- From import_json.c, import_csv.c, import_log.c --------------------- */

SN_FUNC int snImportJson(seine_import *imp, const char *p, u32 n);
SN_FUNC int snImportCsv(seine_import *imp, const char *p, u32 n);
/* The next field of [*at, end), without quotes; its end is *at, which is NULL
** behind the last one.  *quoted: it has doubled quotes inside (2), or was
** quoted (1).  NULL: a text behind the closing quote, or no closing quote. */
SN_FUNC const char *snImportCsvField(const char **at, const char *end,
    char delim, size_t *n, int *quoted);
SN_FUNC int snImportCsvHeader(seine_import *imp, const char *p, u32 n,
    bool *is_header);
SN_FUNC int snImportLog(seine_import *imp, const char *p, u32 n);
SN_FUNC bool snImportLogMatch(const char *p, size_t n);
SN_FUNC int snImportLogFields(seine_import *imp);

/* ---- From import_infer.c ------------------------------------------------ */

SN_FUNC void snImportObserve(seine_import *imp, ImportStat *s, u8 want,
    const ImportCell *c);
SN_FUNC u8 snImportInfer(const ImportStat *s, u8 want);
SN_FUNC u8 snImportNatural(seine_import *imp, u32 field); /* of its cell */
SN_FUNC u8 snImportShape(const char *p, u32 n, i64 *i, double *d);
SN_FUNC int snImportDecide(seine_import *imp); /* makes the columns */
SN_FUNC void snImportStatsClear(seine_import *imp);

/* ---- From import_value.c ------------------------------------------------ */

/* False when the value does not fit the type. */
SN_FUNC bool snImportConvert(seine_import *imp, const ImportCell *c, u8 type,
    AppendValue *out);
/* The narrowest type beyond `type` that the value fits. */
SN_FUNC u8 snImportWiden(seine_import *imp, const ImportCell *c, u8 type);

/* ---- From import_table.c ------------------------------------------------ */

SN_FUNC int snImportTableFind(seine_import *imp); /* sets tab, or not */
SN_FUNC void snImportTableClear(seine_import *imp);
/* Columns for these fields, of these types; makes the table when it is
** absent.  Types of 0 are passed over. */
SN_FUNC int snImportTableAdd(seine_import *imp, const u32 *field,
    const u8 *type, u32 n);
SN_FUNC void snImportTableBind(seine_import *imp, u32 field);
/* A row of the cells, or a reject. */
SN_FUNC int snImportStore(seine_import *imp, i64 line);
/* The table that a scan's rows are for; else it is made of the first records.
** After seine_import.st was set. */
SN_FUNC int snImportTableFor(seine_import *imp, const Table *t);
/* imp->reason and imp->text into the table of rejects. */
SN_FUNC int snImportReject(seine_import *imp, i64 line);
SN_FUNC int snImportTableFinish(seine_import *imp);
/* The helper h writes rows for the table of imp. */
SN_FUNC int snImportTableShare(seine_import *h, const seine_import *imp);
/* A helper: the row of the cells behind the rows in out, whose rc tells of
** memory.  False: this is for snImportStore(). */
SN_FUNC bool snImportTablePut(seine_import *h, Buf *out);
/* Rows *k to n that helpers wrote, as snAppendRows() takes them. */
SN_FUNC int snImportTableRows(seine_import *imp, const u8 *rows,
    const size_t *end, u32 *k, u32 n);

/* ---- From export.c: see FileDoor ----------------------------------------- */

SN_FUNC int snExportCreate(void *arg, const char *path, FileWriter **out,
    char *error);
SN_FUNC int snExportWrite(FileWriter *w, const void *p, size_t n,
    char *error);
SN_FUNC int snExportFinish(FileWriter *w, bool keep, char *error);

#endif
