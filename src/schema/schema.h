/*
** schema: what a table is.  Types, columns, analyzers by name, and the
** catalog: which tables a snapshot holds and which segments each is made of.
*/
#ifndef SN_SCHEMA_H
#define SN_SCHEMA_H
#include "store/store.h"

/* ---- From type.c: the types of the language ----------------------------- */

typedef enum Type {
  TYPE_NULL, TYPE_BOOLEAN, TYPE_INTEGER, TYPE_REAL, TYPE_TEXT, TYPE_KEYWORD,
  TYPE_TIMESTAMP, TYPE_DATE, TYPE_IP, TYPE_GEOPOINT, TYPE_JSON, TYPE_BLOB,
  TYPE_INTERVAL,     /* of expressions only */
  TYPE_COUNT,
  TYPE_ARRAY = 0x40  /* flag: an array of the rest */
} Type;

/* How values of a type are held: in a batch and in a column. */
typedef enum Form {
  FORM_INT,  /* i64: BOOLEAN 0/1, INTEGER, TIMESTAMP us, DATE days,
             ** GEOPOINT: lat in the high 32 bits, lon in the low, each
             ** round(degrees * 1e7) as a signed integer */
  FORM_REAL, /* double */
  FORM_STR   /* bytes: TEXT, KEYWORD, JSON, BLOB, IP (16 bytes), and every
             ** array (see snArrayPut) */
} Form;
SN_FUNC Form snTypeForm(u8 type);
SN_FUNC const char *snTypeName(u8 type, char out[24]); /* "KEYWORD[]" */
/* SQL names and their usual aliases, of any case: INT, BIGINT, VARCHAR(n),
** FLOAT, DOUBLE, STRING, BOOL, DATETIME, geo_point ...; "[]" behind makes an
** array.  TYPE_NULL when there is no such type. */
SN_FUNC u8 snTypeParse(const char *p, size_t n);
/* How texts are compared. */
typedef enum Collation {
  COLLATE_NONE,      /* nothing is said */
  COLLATE_BINARY, COLLATE_NOCASE, COLLATE_RTRIM
} Collation;
SN_FUNC const char *snTypeCollationName(u8 collation);
SN_FUNC u8 snTypeCollation(const char *p, size_t n); /* of a name, or NONE */
SN_FUNC bool snTypeIsNumber(u8 type);
SN_FUNC bool snTypeIsString(u8 type); /* TEXT KEYWORD JSON */
/* Text of one value, as the shell shows it and CAST(x AS TEXT) gives it. */
SN_FUNC void snTypeIntText(Buf *b, u8 type, i64 v);
SN_FUNC void snTypeStrText(Buf *b, u8 type, const u8 *p, u32 n);
/* Text to a value; false when it is none.  Str types are appended to out. */
SN_FUNC bool snTypeParseInt(u8 type, const char *p, size_t n, i64 *out);
SN_FUNC bool snTypeParseStr(u8 type, const char *p, size_t n, Buf *out);

/* An array in bytes: element type, varint count, then per element a tag byte
** (0 null, 1 value) and an i64, a double or varint length + bytes. */
typedef struct ArrayIter { Rd rd; u32 left; u8 type; bool bad; } ArrayIter;
typedef struct ArrayItem {
  bool null; i64 i; double d; const u8 *p; u32 n;
} ArrayItem;
SN_FUNC void snArrayBegin(Buf *b, u8 elem_type, u32 count);
SN_FUNC void snArrayInt(Buf *b, i64 v);
SN_FUNC void snArrayReal(Buf *b, double v);
SN_FUNC void snArrayStr(Buf *b, const void *p, u32 n);
SN_FUNC void snArrayNull(Buf *b);
SN_FUNC void snArrayOpen(ArrayIter *it, const u8 *p, u32 n);
SN_FUNC bool snArrayNext(ArrayIter *it, ArrayItem *out);

/* ---- From table.c: tables and columns ----------------------------------- */

typedef struct Column {
  u32 id;             /* for life, never used again in this table; 0: this
                      ** column is the rowid (INTEGER PRIMARY KEY) */
  const char *name;
  u8 type;            /* of a value, or TYPE_ARRAY | element type */
  bool not_null;
  u8 collate;         /* of TEXT and KEYWORD: NOCASE, RTRIM; else NONE */
  /* Of TEXT, NULL elsewhere: the name of a built-in analyzer, (chain),
  ** name(chain) with the chain that the name stood for, or query(table): the
  ** texts are queries over that table. */
  const char *analyzer;
  const char *default_sql; /* an expression, or AS (expression), which makes
                      ** the column a generated one, or NULL */
  const char *search;      /* the analyzer of queries, or NULL: the same */
} Column;

/* A key of a table.  Its columns are never arrays. */
typedef enum KeyKind {
  KEY_PRIMARY = 1, KEY_UNIQUE,
  KEY_UNIQUE_INDEX,   /* CREATE UNIQUE INDEX: has a name, can be dropped */
  KEY_INDEX           /* a name: every column can be searched as it is */
} KeyKind;
typedef struct TableKey {
  u32 id;             /* for life, of the same numbers as those of columns */
  u8 kind;
  const char *name;   /* or NULL; no two of them in a database are equal */
  u32 n;
  u32 *col;           /* ids of columns; 0 is the rowid */
} TableKey;
typedef struct TableCheck {
  const char *name;   /* or NULL */
  const char *sql;    /* an expression over columns of the table */
} TableCheck;

/* What is wrong with a chain: a message, a hint or "", the part from 0. */
typedef struct ChainError { char message[200], hint[96]; u32 part; }
    ChainError;

/* Immutable once in a catalog; counted. */
typedef struct Table {
  u32 refs;
  u64 id;
  const char *name;
  u32 ncol, next_column;
  Column *col;
  u32 nkey, ncheck;
  TableKey *key;
  TableCheck *check;
  bool autoincrement; /* was said: rowids are never given twice anyway */
  Arena arena;        /* holds names */
  /* Private: */
  u32 cap, mask, key_cap, check_cap;
  u32 *slots;         /* index of names */
} Table;
SN_FUNC Table *snTableNew(Budget *b, const char *name, size_t n);
/* ERROR: the name is taken, or type is none.  TEXT without an analyzer gets
** "standard"; with other types analyzer does not matter. */
SN_FUNC int snTableAdd(Table *t, const char *name, size_t n, u8 type,
    bool not_null, const char *analyzer, const char *default_sql);
/* Of a column of texts. */
SN_FUNC void snTableCollate(Table *t, u32 i, u8 collate);
/* Sets the analyzers of a TEXT column; search may be NULL. */
SN_FUNC int snTableAnalyzers(Table *t, u32 i, const char *analyzer,
    const char *search);
SN_FUNC Table *snTableCopy(Budget *b, const Table *t); /* editable, refs 1 */
/* Changes of a copy; names are not to be changed by hand (an index of them
** is kept).  ERROR: another column has the name. */
SN_FUNC int snTableRename(Table *t, const char *name, size_t n);
SN_FUNC int snTableRenameColumn(Table *t, u32 i, const char *name, size_t n);
SN_FUNC void snTableRemoveColumn(Table *t, u32 i);
/* Another column in the place of one, of its name; analyzer as for Add. */
SN_FUNC int snTableRetypeColumn(Table *t, u32 i, u8 type,
    const char *analyzer, const char *search);
/* The table over which a column holds queries: its name, n bytes; or NULL. */
SN_FUNC const char *snTableTarget(const Column *c, size_t *n);
/* The expression by which a column is generated, (...); or NULL. */
SN_FUNC const char *snTableGenerated(const Column *c);
SN_FUNC bool snTableGenerates(const Table *t); /* is one of them? */
SN_FUNC Table *snTableKeep(Table *t);
SN_FUNC void snTableDrop(Table *t);
SN_FUNC int snTableColumn(const Table *t, const char *name, size_t n); /*-1*/
SN_FUNC void snTableSql(const Table *t, Buf *out); /* CREATE TABLE ... */
SN_FUNC void snTableNameSql(const char *name, Buf *out); /* quoted if need be */

/* ---- From constraint.c: what rows of a table must keep ------------------ */

/* Adds a key over the n columns of those places; its id is new.  name may be
** NULL. */
SN_FUNC int snConstraintKey(Table *t, u8 kind, const char *name,
    const u32 *col, u32 n);
SN_FUNC int snConstraintCheck(Table *t, const char *name, const char *sql);
/* Column i, an INTEGER, is the rowid from now on; before any row is there. */
SN_FUNC void snConstraintRowid(Table *t, u32 i);
SN_FUNC void snConstraintRemove(Table *t, u32 key); /* by place */
/* The column that is the rowid, or -1. */
SN_FUNC int snConstraintRowidColumn(const Table *t);
/* Place of the column with that id, or -1: the rowid without a column. */
SN_FUNC int snConstraintColumn(const Table *t, u32 id);
/* Place of the key of that name, whatever its case, or -1. */
SN_FUNC int snConstraintFind(const Table *t, const char *name, size_t n);
/* Is a column, by its id, part of a key that rows must not share? */
SN_FUNC bool snConstraintHas(const Table *t, u32 column);
/* Segments hold a section for it: all that are checked but the rowid. */
SN_FUNC bool snConstraintIsStored(const TableKey *k);
/* Rows must differ in it: no plain index, and no second key of the rowid. */
SN_FUNC bool snConstraintAny(const Table *t); /* ... is there such a key? */
SN_FUNC bool snConstraintIsChecked(const TableKey *k);
SN_FUNC bool snConstraintIsRowid(const TableKey *k);
SN_FUNC int snConstraintCopy(Table *to, const Table *from); /* same columns */
/* "t.a, t.b" */
SN_FUNC void snConstraintColumns(const Table *t, const TableKey *k, Buf *out);
SN_FUNC void snConstraintIndexSql(const Table *t, const TableKey *k,
    Buf *out);

/* ---- From catalog.c: a snapshot's tables -------------------------------- */

typedef struct LiveRef {
  u32 deleted;        /* documents */
  u32 n;              /* extents, newest first; the first is the directory */
  ExtentRef ref[8];
} LiveRef;
typedef struct SegmentRef {
  u64 id;             /* unique in the file for life */
  ExtentRef ref;
  u32 docs;
  i64 rowid_min, rowid_max;
  LiveRef live;
} SegmentRef;
/* A column of numbers of a segment, as it was written again.  The extent is
** that of a segment with one section; its seed is the segment's id. */
typedef struct ColumnPatch {
  u64 segment;
  u32 column;
  ExtentRef ref;
} ColumnPatch;
/* Rows of a table that are in no segment yet.  They came by small commits and
** ride in the claim of the newest one (store's delta), but for those that the
** claim had no room for: the oldest, which were spilled into extents of their
** own.  index/batch.c has their bytes. */
typedef struct TableSpill {
  ExtentRef ref;      /* its seed is the table's id */
  u32 docs;
} TableSpill;
#define TABLE_SPILLS 32u
typedef struct TableRows {
  u32 docs;           /* rows, of spills too; 0: there are none */
  u32 n;              /* bytes of those in the claim, which come last */
  const u8 *p;
  u64 sum;            /* tells these from others */
  u32 nspill;         /* at most TABLE_SPILLS, in order */
  TableSpill *spill;
} TableRows;
/* Rows of those in the claim. */
static inline u32 snTableRowsInline(const TableRows *rows) {
  u32 docs = rows->docs;
  for (u32 i = 0; i < rows->nspill; i++) docs -= rows->spill[i].docs;
  return docs;
}
typedef struct TableState {
  u32 refs;
  Table *table;
  ExtentRef schema_ref;
  i64 next_rowid;
  TableRows rows;     /* behind those of the segments; a block of the state's */
  u32 nseg;
  SegmentRef *seg;    /* in order of rowid_min of first write: document order */
  u32 npatch, patch_cap;
  ColumnPatch *patch; /* by segment and column, one for each */
} TableState;
/* Keeps t.  A new or copied state has room for one segment more than it
** has; seg is a block of snMem, so snMemRealloc() makes more. */
SN_FUNC TableState *snTableStateNew(Budget *b, Table *t);
SN_FUNC TableState *snTableStateCopy(Budget *b, const TableState *s);
SN_FUNC TableState *snTableStateKeep(TableState *s);
SN_FUNC void snTableStateDrop(TableState *s);
/* Of a state that is not yet put: others in the place of its rows. */
SN_FUNC int snTableStateRows(Budget *b, TableState *s, const TableRows *rows);
/* Of a state that is not yet put: p replaces the patch of its column. */
SN_FUNC int snTableStatePatch(Budget *b, TableState *s, const ColumnPatch *p);
/* ... forgets the patches of segments and of columns that are gone. */
SN_FUNC void snTableStatePrune(TableState *s);
/* Those of a segment, *n of them, by column. */
SN_FUNC const ColumnPatch *snTableStatePatches(const TableState *s,
    u64 segment, u32 *n);

/* What has a name and an SQL text, and is no table. */
typedef enum ObjectKind {
  OBJECT_ANALYZER = 1, OBJECT_SETTING, OBJECT_VIEW, OBJECT_KINDS
} ObjectKind;
typedef struct CatalogObject {
  u8 kind;
  const char *name;   /* of its kind there is no other of that name */
  const char *sql;    /* of an analyzer: its chain; of a setting: its value;
                      ** of a view: what stands behind its name */
} CatalogObject;

typedef struct Catalog Catalog;
/* Reads the catalog of a snapshot.  Counted; keeps the snapshot pinned. */
SN_FUNC int snCatalogOpen(Store *s, Snapshot *n, Catalog **out);
SN_FUNC Catalog *snCatalogKeep(Catalog *c);
SN_FUNC void snCatalogDrop(Catalog *c);
SN_FUNC Snapshot *snCatalogSnapshot(const Catalog *c);
/* Goes on to another snapshot, at a cost of what has changed.  false: other
** tables are there, or somebody else holds c, or it could not be read; then c
** is good for Drop only. */
SN_FUNC bool snCatalogFollow(Catalog *c, Snapshot *n);
/* Gives the snapshot back: until the next Follow c is only kept. */
SN_FUNC void snCatalogRest(Catalog *c);
SN_FUNC u64 snCatalogCookie(const Catalog *c); /* moves with every DDL */
SN_FUNC u32 snCatalogCount(const Catalog *c);
/* The k-th table, by slot: its name, and its state, which is read on demand.
** Not counted up. */
SN_FUNC int snCatalogName(const Catalog *c, u32 k, const char **name);
SN_FUNC int snCatalogState(Catalog *c, u32 k, TableState **out);
SN_FUNC int snCatalogById(Catalog *c, u64 table, TableState **out);
SN_FUNC int snCatalogFind(Catalog *c, const char *name, size_t n,
    TableState **out); /* *out = 0: no such table */

/* The k-th object, in order of kinds and names; NULL behind the last. */
SN_FUNC const CatalogObject *snCatalogObject(const Catalog *c, u32 k);

/* A writer's changes over a base catalog: that of the snapshot which
** snWriterBegin() gave. */
typedef struct CatalogEdit CatalogEdit;
SN_FUNC int snCatalogEditBegin(Store *s, Catalog *base, CatalogEdit **out);
/* What the transaction sees; *out = 0: no such table.  Not counted up. */
SN_FUNC int snCatalogEditFind(CatalogEdit *e, const char *name, size_t n,
    TableState **out);
SN_FUNC int snCatalogEditById(CatalogEdit *e, u64 id, TableState **out);
/* Puts a new state; replaces the table of the same id.  Keeps s: the caller
** drops its own reference.  ddl: the table itself changed.  ERROR: another
** table has the name.  MISUSE: the id is not from NewId. */
SN_FUNC int snCatalogEditPut(CatalogEdit *e, TableState *s, bool ddl);
SN_FUNC int snCatalogEditRemove(CatalogEdit *e, u64 table_id);
SN_FUNC u64 snCatalogEditNewId(CatalogEdit *e);
/* The base's cookie, or, after DDL, one that no catalog and no other edit
** ever has: what was compiled against it is compiled again after a commit or
** a rollback. */
SN_FUNC u64 snCatalogEditCookie(const CatalogEdit *e);
/* Whether nothing was changed: its commit would write nothing. */
SN_FUNC bool snCatalogEditIdle(const CatalogEdit *e);
/* Hands over an extent put in this transaction for some state: a segment, a
** piece of deletions, a patch.  When no state needs it at commit (merged again,
** replaced, statement rolled back), it is freed then; whoever hands it over
** must not free it.  Without that the extent would be named by the commit
** but reached by nothing, and a commit left in doubt could not be settled. */
SN_FUNC int snCatalogEditOwn(CatalogEdit *e, const ExtentRef *ref);
SN_FUNC u32 snCatalogEditCount(const CatalogEdit *e);
SN_FUNC int snCatalogEditName(const CatalogEdit *e, u32 k,
    const char **name);
/* As of now.  Good until the next change. */
SN_FUNC const CatalogObject *snCatalogEditObject(const CatalogEdit *e, u32 k);
/* Puts an object in the place of one of its kind and name.  sql NULL: takes
** that one away. */
SN_FUNC int snCatalogEditPutObject(CatalogEdit *e, u8 kind, const char *name,
    const char *sql);
/* A mark to which a failed statement goes back, as often as it likes.  Ids
** are not handed out again, extents are not freed: see snCatalogEditOwn(). */
typedef struct CatalogMark CatalogMark;
SN_FUNC int snCatalogEditMark(CatalogEdit *e, CatalogMark **out);
SN_FUNC int snCatalogEditBack(CatalogEdit *e, CatalogMark *m);
SN_FUNC void snCatalogMarkFree(CatalogMark *m);
/* Writes the changed records and the root, frees what they replace, commits.
** Extents of segments, deletions and patches are freed here too, by comparing
** with the base: nobody else may free what the base reaches.  Without any
** change the writer is rolled back and nothing is written.  After an error the
** edit is good for freeing only, and the writer is still to be rolled back. */
SN_FUNC int snCatalogEditCommit(CatalogEdit *e);
/* Commits an edit without changes: rows come to those that ride already.  By
** ascending ids of n tables; docs is how many come, next_rowid what the table
** has then.  When that would be more than `most` bytes, the rows of the table
** that has most of them are spilled.  *done false: it has too many spills, or
** such a commit is not possible now; nothing has happened. */
typedef struct TableRide {
  u64 table;
  i64 next_rowid;
  const u8 *p;
  size_t n;
  u32 docs;
} TableRide;
SN_FUNC int snCatalogEditRide(CatalogEdit *e, const TableRide *rides, u32 n,
    u64 most, bool *done);
SN_FUNC void snCatalogEditFree(CatalogEdit *e);
/* An extent of the base stands at `to` in the new state, where a copy of it
** was put; NULL: it is written anew.  What is above it must be marked too. */
SN_FUNC int snCatalogEditMove(CatalogEdit *e, const ExtentRef *from,
    const ExtentRef *to);
/* The edit is committed even without any change: with a new root. */
SN_FUNC void snCatalogEditTouch(CatalogEdit *e);

/* ---- From compact.c: the file gets smaller ------------------------------- */

/* A step of moving extents towards the front of the file: asks, then puts
** copies and marks into an edit without other changes. */
typedef enum CompactMode {
  COMPACT_FILL,  /* what reaches beyond the smallest end fills holes */
  COMPACT_SLIDE, /* all that lies behind a hole it fits into */
  COMPACT_LIFT   /* what stands behind the largest hole goes to the end */
} CompactMode;
typedef struct CompactStep {
  CompactMode mode;
  int (*stop)(void *arg);
  void *arg;
  /* Out: */
  MoveSpace space;   /* before the step */
  u64 goal;          /* the page where the file could end */
  u64 moved;         /* pages copied */
  bool done;         /* nothing is in use behind the goal; no step was made */
} CompactStep;
SN_FUNC int snCompactStep(CatalogEdit *e, CompactStep *step);
/* Copies all that a catalog holds into the empty database `into`, and commits
** it there. */
SN_FUNC int snCompactInto(Catalog *c, Store *into, int (*stop)(void *arg),
    void *arg);

/* ---- From catalog.c ------------------------------------------------------ */

/* Names every extent of a snapshot's catalog (for snWriterSetWalk). */
SN_FUNC int snCatalogWalk(void *store, Snapshot *n,
    int (*seen)(void *, const ExtentRef *), void *arg);

#endif
