/*
** schemaInt: what the reader and the writer of the catalog share.
**
** The catalog is a radix tree of fan-out 64 over table slots, small numbers
** that tables hold for life.  A node at level 0 holds tables, at level l > 0
** nodes of level l - 1; the node of a slot at level l has the index
** slot >> 6 * (l + 1).  The only node at level `depth` is the root's.
** All numbers are little-endian; v marks a varint, z a zigzag varint.
**
**   root     byte version (2; 3 when there are objects), v cookie, v next
**            id, v tables, byte depth, in version 3: ref of the objects; node
**   node     u64 bitmap of its children, then each in order:
**            level 0: v table id, v bytes of the name, name, ref of the record
**            else:    ref of a child's extent, which holds a node
**   record   z next rowid, ref of the schema, v segments, then each:
**            v id, ref, v documents, z smallest rowid, v largest minus
**            smallest, v deleted documents, byte extents of deletions,
**            their refs, v patches, then each: v column id, ascending, ref
**   schema   v table id, v bytes of the name, name, v next column id,
**            v columns, then each: v id, v bytes of the name, name,
**            byte type, byte flags (1 NOT NULL, 2 analyzer, 4 default,
**            8 search analyzer, 16 is the rowid: its id is 0; 32 NOCASE,
**            64 RTRIM, not both), then of what is flagged:
**            v bytes, analyzer; v bytes, default; v bytes, search
**            analyzer; behind the columns, when there is any of it:
**            v keys, each: v id, byte kind (1 primary, 2 unique, 3 unique
**            index, 4 index), name, v columns, their v ids;
**            v checks, each: name, v bytes, expression;
**            byte 1: AUTOINCREMENT.  A name here: v bytes + 1, name; or 0
**   objects  v objects, then each: byte kind (1 analyzer), v bytes of the
**            name, name, v bytes of the text, text
**   delta    beside the root: rows that are in no segment, by table, in order
**            of ids, each: v table id, z next rowid, v spills, of each: ref
**            of an extent of rows, v rows; v rows, v bytes, bytes
**   ref      32 bytes, see snExtentRefPut
**
** The root is what snWriterCommit() is given; node, record, schema and objects
** are extents of their own.  The seed of a record and of a schema is the
** table's id, that of a node snCatalogSeed(), that of the objects is that of a
** node at level CATALOG_DEPTH: so no node can stand for two places,
** and a forged tree is never larger than its file.
*/
#ifndef SN_SCHEMAINT_H
#define SN_SCHEMAINT_H
#include "schema/schema.h"

#define CATALOG_VERSION 2u
#define CATALOG_OBJECTS 3u /* the version of roots with objects */
#define CATALOG_FAN     64u
#define CATALOG_DEPTH   4u /* of the root, at most: 2^30 tables */

#define CATALOG_NOT_NULL 1u
#define CATALOG_ANALYZER 2u
#define CATALOG_DEFAULT  4u
#define CATALOG_SEARCH   8u
#define CATALOG_ROWID    16u
#define CATALOG_NOCASE   32u
#define CATALOG_RTRIM    64u

/* ---- From table.c ------------------------------------------------------- */

SN_FUNC u32 snTableHash(const char *p, size_t n); /* case does not matter */
SN_FUNC bool snTableNameGood(const char *p, size_t n);

/* ---- From constraint.c -------------------------------------------------- */

/* The part of a schema behind its columns. */
SN_FUNC void snConstraintWrite(const Table *t, Buf *b);
SN_FUNC int snConstraintRead(Table *t, Rd *r);
/* Has the column to be called BIGINT, since INTEGER would be the rowid? */
SN_FUNC bool snConstraintIsInteger(const Table *t, u32 i);
SN_FUNC void snConstraintTableSql(const Table *t, Buf *out);
SN_FUNC void snConstraintColumnSql(const Table *t, u32 i, Buf *out);

/* ---- From object.c ------------------------------------------------------- */

typedef struct Objects {
  u32 refs, n, cap;
  CatalogObject *v;
  Arena arena;
} Objects;
SN_FUNC Objects *snObjectsNew(Budget *b);
SN_FUNC Objects *snObjectsKeep(Objects *o); /* takes NULL, as Drop does */
SN_FUNC void snObjectsDrop(Objects *o);
/* A copy of from (or of nothing) with an object more, or less: sql NULL. */
SN_FUNC int snObjectsPut(Budget *b, const Objects *from, u8 kind,
    const char *name, const char *sql, Objects **out);
SN_FUNC int snObjectsRead(Budget *b, Rd *r, Objects **out);
SN_FUNC void snObjectsWrite(const Objects *o, Buf *b);

/* ---- From catalog.c ----------------------------------------------------- */

typedef struct CatalogEntry {
  u32 slot;
  u64 id;
  const char *name;
  ExtentRef record;
  TableState *state; /* once asked for */
} CatalogEntry;

/* Nodes of a level that have an extent, by index. */
typedef struct CatalogNode {
  u32 index;
  ExtentRef ref;
} CatalogNode;
typedef struct CatalogLevel {
  CatalogNode *v;
  u32 n, cap;
} CatalogLevel;

struct Catalog {
  u32 refs;
  Store *store;
  Snapshot *snapshot;
  ExtentRef root;      /* of the last one */
  Budget *budget;
  u64 cookie, next_id;
  u32 depth;
  u32 n, cap;
  CatalogEntry *entry; /* by slot */
  CatalogLevel level[CATALOG_DEPTH]; /* those below the root's */
  IntSet ids;          /* number = place in entry */
  u32 *slots;          /* of names: place in entry + 1, or 0 */
  u32 mask;
  Arena names;
  Objects *objects;    /* or NULL: none */
  ExtentRef objects_ref;
  u64 *riding;         /* tables of which rows ride in the claim */
  u32 nriding, riding_cap;
};

/* The first of the n entries (nodes) with at least that slot (index). */
SN_FUNC u32 snCatalogEntryAt(const CatalogEntry *v, u32 n, u64 slot);
SN_FUNC u32 snCatalogNodeAt(const CatalogLevel *l, u64 index);
SN_FUNC u64 snCatalogSeed(u32 level, u32 index);
/* Place of a name in entry, or -1. */
SN_FUNC i64 snCatalogPlace(const Catalog *c, const char *name, size_t n);
/* Reads a record anew; the caller drops it. */
SN_FUNC int snCatalogRead(const Catalog *c, const CatalogEntry *e,
    TableState **out);
/* A part of a delta: what rides of a table.  false: the end, or r->bad. */
typedef struct CatalogPart {
  u64 table;
  i64 next_rowid;
  TableRows rows;     /* without the sum; its spills are */
  TableSpill spill[TABLE_SPILLS];
} CatalogPart;
SN_FUNC bool snCatalogPart(Rd *r, CatalogPart *out);
/* Calls seen for every extent of the segments of a state. */
SN_FUNC int snCatalogReach(const TableState *s,
    int (*seen)(void *, const ExtentRef *), void *arg);

/* ---- From catalog_edit.c ------------------------------------------------ */

SN_FUNC Catalog *snCatalogEditBase(const CatalogEdit *e);
/* An edit of an empty database gets the objects of another one, and hands out
** ids that are none of its. */
SN_FUNC void snCatalogEditLike(CatalogEdit *e, const Catalog *from);

#endif
