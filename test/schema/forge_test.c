/*
** Forged catalogs: each field of the root, of a node, a record, a schema, of
** the objects and of what rides beside the root gets a value that it cannot
** have, with fair seeds and checksums.
**   1  a field at a time, in trees of depth 0 and 1: CORRUPT, by who reads
**      the names or by who reads the table; or, where it is one, another value
**   2  pieces that are cut short, or go on; no memory to read them
**   3  a catalog that follows to such a state says that it cannot
**   4  what is there, and what is not: numbers behind the last, other ids
** The bytes are those of doc/fileformat.md.
*/
#include "schema/schemaInt.h"
#include <stddef.h>
#include "../tap.h"

static Budget forge_budget;
static Store *forge_store;

static char forge_big[2048];
static const char *const forge_names[] = {
  "t", "", "T", "tt", "a\0b", "u", "english", "standard", "1", NULL, forge_big,
};
enum { N_T, N_EMPTY, N_CASE, N_LONG, N_ZERO, N_OTHER, N_ENGLISH, N_STANDARD,
    N_ONE, N_NONE, N_BIG };

/* ---- what a catalog says ------------------------------------------------ */

typedef struct ForgeColumn {
  u64 id;
  u8 name, type, flags, analyzer, def, search;
} ForgeColumn;

typedef struct ForgeSegment {
  u64 id, page, docs, lo, wide, deleted;
  u8 lives;
  u64 patches, column[2], patch_seed;
} ForgeSegment;

typedef struct ForgePart {
  u64 table, next, spills, spill_docs, spill_seed, spill_page, docs, bytes;
} ForgePart;

typedef struct Forge {
  u8 version, depth;
  u64 cookie, next_id, count, objects_seed, child_seed;
  u64 there, there_below; /* of the root's node, and of one below */
  struct { u64 id, seed, page; u8 name; } table[2];
  u64 next_rowid, schema_page, schema_seed, nseg;
  ForgeSegment seg[2];
  u64 schema_id, next_column, ncol;
  u8 schema_name;
  ForgeColumn col[3];
  u64 more; /* columns behind these */
  u64 nkey, key_id[2], key_kind[2], key_name, key_ncol, key_col[2];
  u64 ncheck, check_name, check_text;
  bool keys; /* something stands behind the columns */
  u64 nobject;
  struct { u8 kind, name, text; } object[2];
  u64 nparts;
  ForgePart part[2];
  u8 fill; /* bytes of rows */
  i64 cut_root, cut_node, cut_record, cut_schema, cut_objects, cut_delta;
} Forge;

static const Forge forge_good = {
  .version = CATALOG_OBJECTS, .depth = 1, .cookie = 9, .next_id = 100,
  .count = 2, .objects_seed = (u64)(CATALOG_DEPTH + 1) << 56,
  .child_seed = 1ull << 56, .there = 1, .there_below = 1 | 4,
  .table = {{5, 5, 1, N_T}, {6, 6, 1, N_OTHER}},
  .next_rowid = 40, .schema_page = 1, .schema_seed = 5, .nseg = 2,
  .seg = {{.id = 20, .page = 1, .docs = 10, .lo = 1, .wide = 9, .deleted = 3,
      .lives = 1, .patches = 1, .column = {1, 1}, .patch_seed = 20},
      {.id = 21, .page = 1, .docs = 4, .lo = 11, .wide = 3,
      .column = {1, 1}, .patch_seed = 21}},
  .schema_id = 5, .schema_name = N_T, .next_column = 9, .ncol = 3,
  .col = {{1, N_T, TYPE_INTEGER, CATALOG_NOT_NULL | CATALOG_DEFAULT, N_NONE,
      N_ONE, N_NONE},
      {2, N_OTHER, TYPE_TEXT, CATALOG_ANALYZER | CATALOG_SEARCH |
      CATALOG_NOCASE, N_ENGLISH, N_NONE, N_STANDARD},
      {0, N_LONG, TYPE_INTEGER, CATALOG_ROWID, N_NONE, N_NONE, N_NONE}},
  .keys = true, .nkey = 2, .key_id = {3, 4}, .key_kind = {KEY_PRIMARY,
      KEY_UNIQUE}, .key_ncol = 2, .key_col = {1, 2}, .ncheck = 1,
  .check_text = N_ONE,
  .nobject = 2, .object = {{1, N_T, N_ENGLISH}, {1, N_OTHER, N_STANDARD}},
  .nparts = 2,
  .part = {{5, 50, 1, 3, 5, 1, 2, 30}, {6, 60, 0, 1, 6, 1, 1, 12}},
};

/* ---- its bytes ---------------------------------------------------------- */

static void forgeName(Buf *b, u8 name) {
  size_t n = name == N_ZERO ? 3 : strlen(forge_names[name]);
  snBufVarint(b, n);
  snBufAdd(b, forge_names[name], n);
}

static void forgeRef(Buf *b, u64 page, u64 seed) {
  ExtentRef r = {page ? 5 + page : 0, 10, seed, 1};
  snExtentRefPut(snBufSpace(b, EXTENT_REF_BYTES), &r);
}

/* How long it really is; one more byte when cut is below 0. */
static void forgeCut(Buf *b, i64 cut) {
  if (cut < 0) snBufByte(b, 0);
  else b->n -= SN_MIN((size_t)cut, b->n);
}

static void forgeReal(Buf *b, const ExtentRef *ref, u64 page, u64 seed) {
  ExtentRef r = *ref;
  if (!page) r.page = 0;
  r.seed = seed;
  snExtentRefPut(snBufSpace(b, EXTENT_REF_BYTES), &r);
}

/* Puts what is in the buffer, with that seed, and empties it. */
static int forgePut(Buf *b, i64 cut, u64 seed, ExtentRef *ref) {
  forgeCut(b, cut);
  int rc = b->rc ? b->rc
      : snWriterPut(forge_store, b->data, b->n, seed, ref);
  snBufClear(b);
  return rc;
}

static void forgeColumn(Buf *b, const ForgeColumn *c) {
  snBufVarint(b, c->id);
  forgeName(b, c->name);
  snBufByte(b, c->type);
  snBufByte(b, c->flags);
  if (c->flags & CATALOG_ANALYZER) forgeName(b, c->analyzer);
  if (c->flags & CATALOG_DEFAULT) forgeName(b, c->def);
  if (c->flags & CATALOG_SEARCH) forgeName(b, c->search);
}

static void forgeMore(Buf *b, u32 id) {
  char name[20];
  snBufVarint(b, id);
  snprintf(name, sizeof name, "c%u", id);
  snBufVarint(b, strlen(name));
  snBufStr(b, name);
  snBufByte(b, TYPE_REAL);
  snBufByte(b, 0);
}

static void forgeOptional(Buf *b, u64 name) { /* 0: none */
  if (name == 255) snBufVarint(b, 1 << 20);
  else if (!name) snBufVarint(b, 0);
  else {
    snBufVarint(b, strlen(forge_names[name]) + 1);
    snBufStr(b, forge_names[name]);
  }
}

static int forgeSchema(const Forge *f, u32 k, ExtentRef *ref) {
  Buf b;
  snBufInit(&b, &forge_budget);
  snBufVarint(&b, k ? f->table[k].id : f->schema_id);
  forgeName(&b, k ? f->table[k].name : f->schema_name);
  snBufVarint(&b, f->next_column);
  snBufVarint(&b, f->ncol + f->more);
  for (u32 i = 0; i < SN_MIN(f->ncol, 3); i++) forgeColumn(&b, f->col + i);
  for (u32 i = 0; i < f->more; i++) forgeMore(&b, 100 + i);
  if (!f->keys) return forgePut(&b, k ? 0 : f->cut_schema,
      k ? f->table[k].id : f->schema_seed, ref);
  snBufVarint(&b, f->nkey);
  for (u32 i = 0; i < SN_MIN(f->nkey, 2); i++) {
    snBufVarint(&b, f->key_id[i]);
    snBufByte(&b, (u8)f->key_kind[i]);
    forgeOptional(&b, f->key_name);
    snBufVarint(&b, i ? 1 : f->key_ncol);
    for (u32 c = 0; c < (i ? 1 : SN_MIN(f->key_ncol, 2)); c++)
      snBufVarint(&b, f->key_col[c]);
  }
  snBufVarint(&b, f->ncheck);
  if (f->ncheck) {
    forgeOptional(&b, f->check_name);
    forgeName(&b, (u8)f->check_text);
  }
  snBufByte(&b, 0);
  return forgePut(&b, k ? 0 : f->cut_schema,
      k ? f->table[k].id : f->schema_seed, ref);
}

static void forgeSegment(Buf *b, const ForgeSegment *g) {
  snBufVarint(b, g->id);
  forgeRef(b, g->page, g->id);
  snBufVarint(b, g->docs);
  snBufVarint(b, snZig((i64)g->lo));
  snBufVarint(b, g->wide);
  snBufVarint(b, g->deleted);
  snBufByte(b, g->lives);
  for (u32 i = 0; i < SN_MIN(g->lives, 8); i++) forgeRef(b, 1, g->id);
  snBufVarint(b, g->patches);
  for (u32 i = 0; i < SN_MIN(g->patches, 2); i++) {
    snBufVarint(b, g->column[i]);
    forgeRef(b, 1, g->patch_seed);
  }
}

static int forgeRecord(const Forge *f, u32 k, ExtentRef *ref) {
  ExtentRef schema;
  int rc = forgeSchema(f, k, &schema);
  Buf b;
  if (rc) return rc;
  snBufInit(&b, &forge_budget);
  snBufVarint(&b, snZig((i64)f->next_rowid));
  forgeReal(&b, &schema, k ? 1 : f->schema_page,
      k ? f->table[k].id : f->schema_seed);
  snBufVarint(&b, k ? 0 : f->nseg);
  for (u32 i = 0; !k && i < SN_MIN(f->nseg, 2); i++)
    forgeSegment(&b, f->seg + i);
  return forgePut(&b, k ? 0 : f->cut_record, f->table[k].seed, ref);
}

/* The node of the tables. */
static int forgeTables(const Forge *f, u64 there, Buf *b) {
  int rc = SEINE_OK;
  snBufU64(b, there);
  for (u32 k = 0; !rc && k < (u32)__builtin_popcountll(there); k++) {
    ExtentRef record;
    rc = forgeRecord(f, k % 2, &record);
    snBufVarint(b, f->table[k % 2].id);
    forgeName(b, f->table[k % 2].name);
    forgeReal(b, &record, f->table[k % 2].page, f->table[k % 2].seed);
  }
  return rc;
}

static int forgeNode(const Forge *f, Buf *b) {
  ExtentRef child = {0};
  Buf below;
  if (f->depth != 1) return forgeTables(f, f->there_below, b);
  snBufInit(&below, &forge_budget);
  int rc = forgeTables(f, f->there_below, &below);
  if (!rc) rc = forgePut(&below, f->cut_node, f->child_seed, &child);
  snBufClear(&below);
  snBufU64(b, f->there);
  for (u32 i = 0; i < (u32)__builtin_popcountll(f->there); i++)
    forgeReal(b, &child, 1, f->child_seed);
  return rc;
}

static int forgeObjects(const Forge *f, ExtentRef *ref) {
  Buf b;
  snBufInit(&b, &forge_budget);
  snBufVarint(&b, f->nobject);
  for (u32 i = 0; i < SN_MIN(f->nobject, 2); i++) {
    snBufByte(&b, f->object[i].kind);
    forgeName(&b, f->object[i].name);
    forgeName(&b, f->object[i].text);
  }
  return forgePut(&b, f->cut_objects, f->objects_seed, ref);
}

static void forgeDelta(const Forge *f, Buf *b) {
  u8 rows[100];
  memset(rows, f->fill, sizeof rows);
  for (u32 i = 0; i < f->nparts; i++) {
    const ForgePart *p = f->part + i;
    snBufVarint(b, p->table);
    snBufVarint(b, snZig((i64)p->next));
    snBufVarint(b, p->spills);
    for (u32 k = 0; k < SN_MIN(p->spills, TABLE_SPILLS + 6); k++) {
      forgeRef(b, p->spill_page, p->spill_seed);
      snBufVarint(b, p->spill_docs);
    }
    snBufVarint(b, p->docs);
    snBufVarint(b, p->bytes);
    snBufAdd(b, rows, SN_MIN(p->bytes, sizeof rows));
  }
  if (f->nparts) forgeCut(b, f->cut_delta);
}

static int forgeCommit(const Forge *f) {
  ExtentRef objects;
  Snapshot *base;
  Buf b, delta;
  snBufInit(&b, &forge_budget);
  snBufInit(&delta, &forge_budget);
  int rc = snWriterBegin(forge_store, &base);
  if (!rc) rc = forgeObjects(f, &objects);
  snBufByte(&b, f->version);
  snBufVarint(&b, f->cookie);
  snBufVarint(&b, f->next_id);
  snBufVarint(&b, f->count);
  snBufByte(&b, f->depth);
  if (f->version == CATALOG_OBJECTS)
    forgeReal(&b, &objects, 1, f->objects_seed);
  if (!rc) rc = forgeNode(f, &b);
  forgeCut(&b, f->cut_root);
  forgeDelta(f, &delta);
  if (!rc) rc = snWriterCommit(forge_store, b.data, (u32)b.n, delta.data,
      (u32)delta.n);
  if (rc) snWriterRollback(forge_store);
  snBufClear(&b);
  snBufClear(&delta);
  return rc;
}

/* The rows alone are others: the root stays. */
static int forgeRide(const Forge *f) {
  Snapshot *base;
  Buf delta;
  snBufInit(&delta, &forge_budget);
  int rc = snWriterBegin(forge_store, &base);
  forgeDelta(f, &delta);
  if (!rc) rc = snWriterCommit(forge_store, NULL, 0, delta.data,
      (u32)delta.n);
  if (rc) snWriterRollback(forge_store);
  snBufClear(&delta);
  return rc;
}

/* ---- reading it --------------------------------------------------------- */

static Catalog *forgeOpen(int *rc) {
  Snapshot *n = NULL;
  Catalog *c = NULL;
  *rc = snSnapshotOpen(forge_store, &n);
  if (!*rc) *rc = snCatalogOpen(forge_store, n, &c);
  snSnapshotDrop(n);
  return c;
}

/* Names and tables; *names: the rc of the names alone. */
static int forgeRead(int *names) {
  int rc;
  Catalog *c = forgeOpen(&rc);
  *names = rc;
  for (u32 k = 0; !rc && k < snCatalogCount(c); k++) {
    TableState *t;
    rc = snCatalogState(c, k, &t);
    if (!rc != !!t) rc = SEINE_ERROR;
  }
  snCatalogDrop(c);
  return rc;
}

/* ---- 1: fields ---------------------------------------------------------- */

typedef enum ForgeWant {
  FINE, /* another catalog */
  BAD,  /* damage of the names */
  HURT  /* damage of a table */
} ForgeWant;

#define FIELD(f) offsetof(Forge, f), sizeof(((Forge *)0)->f)

static const struct ForgeField {
  size_t at, bytes;
  u64 value;
  ForgeWant want;
} forge_fields[] = {
  {FIELD(version), 1, BAD}, {FIELD(version), 4, BAD}, {FIELD(version), 0, BAD},
  {FIELD(version), CATALOG_VERSION, FINE},
  {FIELD(cookie), UINT64_MAX, FINE}, {FIELD(next_id), 0, BAD},
  {FIELD(next_id), 6, BAD}, {FIELD(next_id), 7, FINE},
  {FIELD(count), 1, BAD}, {FIELD(count), 3, BAD},
  {FIELD(depth), 5, BAD}, {FIELD(depth), 255, BAD}, {FIELD(depth), 2, BAD},
  {FIELD(depth), 0, FINE}, {FIELD(objects_seed), 7, BAD},
  {FIELD(child_seed), 1, BAD}, {FIELD(there), 2, BAD},
  {FIELD(there), 0, BAD}, {FIELD(there), 3, BAD},
  {FIELD(there_below), 0, BAD}, {FIELD(there_below), 1, BAD},
  {FIELD(there_below), 7, BAD}, {FIELD(there_below), 1ull << 63 | 1, FINE},
  {FIELD(table[0].id), 0, BAD}, {FIELD(table[0].id), 100, BAD},
  {FIELD(table[0].id), 6, BAD}, {FIELD(table[1].id), 7, BAD},
  {FIELD(table[0].seed), 8, BAD}, {FIELD(table[0].page), 0, BAD},
  {FIELD(table[0].name), N_OTHER, BAD}, {FIELD(table[1].name), N_CASE, BAD},
  {FIELD(table[1].name), N_ZERO, BAD}, {FIELD(table[1].name), N_EMPTY, FINE},
  {FIELD(next_rowid), UINT64_MAX, FINE},
  {FIELD(schema_page), 0, HURT}, {FIELD(schema_seed), 6, HURT},
  {FIELD(nseg), 1000, HURT}, {FIELD(nseg), 3, HURT}, {FIELD(nseg), 1, FINE},
  {FIELD(nseg), UINT64_MAX, HURT}, {FIELD(seg[0].id), 0, HURT},
  {FIELD(seg[0].page), 0, HURT}, {FIELD(seg[1].page), 0, HURT},
  {FIELD(seg[0].docs), 0, HURT}, {FIELD(seg[0].docs), 1ull << 31, HURT},
  {FIELD(seg[0].docs), INT32_MAX, FINE}, {FIELD(seg[0].docs), 1ull << 32, HURT},
  {FIELD(seg[0].wide), INT64_MAX, HURT},
  {FIELD(seg[0].wide), INT64_MAX - 1, FINE},
  {FIELD(seg[0].lo), (u64)INT64_MIN, FINE},
  {FIELD(seg[0].deleted), 11, HURT}, {FIELD(seg[0].deleted), 0, HURT},
  {FIELD(seg[0].deleted), 10, FINE},
  {FIELD(seg[0].lives), 0, HURT}, {FIELD(seg[0].lives), 8, FINE},
  {FIELD(seg[0].lives), 9, HURT}, {FIELD(seg[1].lives), 1, HURT},
  {FIELD(seg[0].patches), 2, HURT}, {FIELD(seg[0].patches), UINT64_MAX, HURT},
  {FIELD(seg[0].column[0]), 0, HURT}, {FIELD(seg[0].column[0]), 2, HURT},
  {FIELD(seg[0].column[0]), 7, HURT}, {FIELD(seg[0].column[0]), 4, FINE},
  {FIELD(seg[0].column[0]), 3, FINE}, {FIELD(seg[0].patch_seed), 21, HURT},
  {FIELD(seg[1].patches), 1, FINE},
  {FIELD(schema_id), 6, HURT}, {FIELD(schema_name), N_CASE, HURT},
  {FIELD(schema_name), N_LONG, HURT}, {FIELD(schema_name), N_ZERO, HURT},
  {FIELD(next_column), 0, HURT}, {FIELD(next_column), 4, HURT},
  {FIELD(next_column), 2, HURT}, {FIELD(next_column), 5, FINE},
  {FIELD(next_column), 1ull << 32, HURT},
  {FIELD(ncol), 4, HURT}, {FIELD(ncol), 0, HURT}, {FIELD(ncol), 2, FINE},
  {FIELD(ncol), 1, HURT},
  {FIELD(col[0].id), 0, HURT}, {FIELD(col[0].id), 2, HURT},
  {FIELD(col[0].id), 8, HURT}, {FIELD(col[2].id), 7, HURT},
  {FIELD(col[0].name), N_CASE, FINE}, {FIELD(col[0].name), N_ZERO, HURT},
  {FIELD(col[0].name), N_OTHER, HURT},
  {FIELD(col[0].type), 0, HURT}, {FIELD(col[0].type), 99, HURT},
  {FIELD(col[0].type), TYPE_REAL, FINE},
  {FIELD(col[0].type), TYPE_TEXT, HURT},
  {FIELD(col[0].type), TYPE_INTEGER | TYPE_ARRAY, HURT},
  {FIELD(col[2].type), TYPE_REAL, HURT},
  {FIELD(col[0].flags), 0, FINE}, {FIELD(col[0].flags), 128, HURT},
  {FIELD(col[0].flags), CATALOG_NOCASE, HURT},
  {FIELD(col[1].flags), CATALOG_ANALYZER | CATALOG_NOCASE | CATALOG_RTRIM,
      HURT},
  {FIELD(col[1].flags), CATALOG_ANALYZER | CATALOG_RTRIM, FINE},
  {FIELD(col[1].flags), CATALOG_ANALYZER, FINE},
  {FIELD(col[1].flags), 0, HURT}, {FIELD(col[2].flags), 0, HURT},
  {FIELD(col[1].analyzer), N_ZERO, HURT},
  {FIELD(col[0].def), N_ZERO, HURT}, {FIELD(col[1].search), N_ZERO, HURT},
  {FIELD(keys), 0, FINE}, {FIELD(nkey), 0, FINE}, {FIELD(nkey), 3, HURT},
  {FIELD(nkey), 1 << 20, HURT}, {FIELD(key_id[0]), 0, HURT},
  {FIELD(key_id[0]), 9, HURT}, {FIELD(key_id[0]), 2, HURT},
  {FIELD(key_id[0]), 4, HURT}, {FIELD(key_id[0]), 8, FINE},
  {FIELD(key_kind[0]), 0, HURT}, {FIELD(key_kind[0]), 5, HURT},
  {FIELD(key_kind[1]), KEY_PRIMARY, HURT},
  {FIELD(key_kind[0]), KEY_UNIQUE, FINE},
  {FIELD(key_kind[1]), KEY_INDEX, FINE},
  {FIELD(key_name), N_LONG, FINE}, {FIELD(key_name), 255, HURT},
  {FIELD(key_ncol), 0, HURT}, {FIELD(key_ncol), 1, FINE},
  {FIELD(key_ncol), 33, HURT}, {FIELD(key_ncol), 1 << 20, HURT},
  {FIELD(key_col[0]), 2, HURT}, {FIELD(key_col[0]), 7, HURT},
  {FIELD(key_col[0]), 0, FINE}, {FIELD(ncheck), 0, FINE},
  {FIELD(ncheck), 2, HURT}, {FIELD(ncheck), 1 << 20, HURT},
  {FIELD(check_name), N_LONG, FINE}, {FIELD(check_name), 255, HURT},
  {FIELD(check_text), N_ZERO, HURT},
  {FIELD(nobject), 0, BAD}, {FIELD(nobject), 1, FINE},
  {FIELD(nobject), 3, BAD}, {FIELD(nobject), UINT64_MAX, BAD},
  {FIELD(object[0].kind), 0, BAD}, {FIELD(object[1].kind), 0, BAD},
  {FIELD(object[0].kind), 2, BAD}, {FIELD(object[1].kind), 3, FINE},
  {FIELD(object[1].kind), 4, BAD}, {FIELD(object[0].name), N_OTHER, BAD},
  {FIELD(object[1].name), N_CASE, BAD}, {FIELD(object[1].name), N_ZERO, BAD},
  {FIELD(object[1].text), N_ZERO, BAD},
  {FIELD(nparts), 0, FINE}, {FIELD(nparts), 1, FINE},
  {FIELD(part[0].table), 0, BAD}, {FIELD(part[0].table), 6, BAD},
  {FIELD(part[1].table), 5, HURT}, {FIELD(part[1].table), 4, HURT},
  {FIELD(part[1].table), 99, FINE},
  {FIELD(part[0].next), UINT64_MAX, FINE},
  {FIELD(part[0].spills), 0, FINE}, {FIELD(part[0].spills), TABLE_SPILLS, FINE},
  {FIELD(part[0].spills), TABLE_SPILLS + 1, BAD},
  {FIELD(part[0].spills), 1ull << 32, BAD},
  {FIELD(part[0].spill_docs), 0, BAD},
  {FIELD(part[0].spill_docs), INT32_MAX, BAD},
  {FIELD(part[0].spill_docs), INT32_MAX / (2 * TABLE_SPILLS), FINE},
  {FIELD(part[0].spill_docs), INT32_MAX / (2 * TABLE_SPILLS) + 1, BAD},
  {FIELD(part[0].spill_seed), 6, BAD}, {FIELD(part[0].spill_page), 0, BAD},
  {FIELD(part[0].docs), 0, BAD}, {FIELD(part[0].docs), INT32_MAX / 2, FINE},
  {FIELD(part[0].docs), INT32_MAX / 2 + 1, BAD},
  {FIELD(part[0].bytes), 0, BAD}, {FIELD(part[0].bytes), 4000, BAD},
  {FIELD(cut_delta), 1, BAD}, {FIELD(cut_delta), UINT64_MAX, BAD},
};

static void forgeSet(Forge *f, const struct ForgeField *x) {
  u8 *p = (u8 *)f + x->at;
  memcpy(p, &x->value, x->bytes); /* little-endian, as its machines are */
}

static bool forgeIs(const Forge *f, ForgeWant want, u32 i) {
  int names = -1, rc = forgeCommit(f);
  if (!rc) rc = forgeRead(&names);
  bool good = want == FINE ? !rc
      : rc == SEINE_CORRUPT && (names == SEINE_CORRUPT) == (want == BAD);
  snprintf(tapWhy, sizeof tapWhy, "case %u, depth %u: rc %d, names %d", i,
      f->depth, rc, names);
  return good;
}

static void fieldGroup(void) {
  tapOk(forgeIs(&forge_good, FINE, 0), "a good one");
  for (u32 depth = 0; depth < 2; depth++) {
    bool good = true;
    for (u32 i = 0; good && i < SN_COUNT(forge_fields); i++) {
      const struct ForgeField *x = forge_fields + i;
      Forge f = forge_good;
      bool of_child = x->at == offsetof(Forge, child_seed)
          || x->at == offsetof(Forge, there);
      f.depth = (u8)depth;
      if (!depth && of_child) continue;
      forgeSet(&f, x);
      good = forgeIs(&f, x->want, i);
    }
    tapOk(good, "a field at a time, of trees of depth %u", depth);
  }
  Forge f = forge_good;
  f.part[0].spills = f.part[0].docs = f.part[0].bytes = 0;
  tapOk(forgeIs(&f, BAD, 1000), "a table of which nothing rides");
  f = forge_good;
  f.seg[1].id = f.seg[1].patch_seed = 20;
  f.seg[1].patches = 1;
  tapOk(forgeIs(&f, HURT, 1001),
      "a segment that is listed, and patched, twice");
  f = forge_good;
  f.keys = false;
  f.nseg = 0;
  tapOk(forgeIs(&f, FINE, 1002), "no keys, no checks");
  f.next_column = 1;
  f.ncol = 0;
  tapOk(forgeIs(&f, FINE, 1003), "no columns");
  f.next_column = 0;
  tapOk(forgeIs(&f, HURT, 1004), "... and no next one");
  f = forge_good;
  f.key_col[1] = 1;
  tapOk(forgeIs(&f, HURT, 1005), "a key of one column twice");
  f.key_ncol = 1;
  f.col[0].type = TYPE_INTEGER | TYPE_ARRAY;
  f.seg[0].patches = 0;
  tapOk(forgeIs(&f, HURT, 1006), "a key of an array");
  f = forge_good;
  f.key_id[0] = 1ull << 40;
  f.key_name = N_LONG;
  tapOk(forgeIs(&f, HURT, 1008), "a key with a number that is too large");
  f = forge_good;
  f.key_kind[0] = KEY_INDEX;
  f.key_kind[1] = KEY_PRIMARY;
  tapOk(forgeIs(&f, FINE, 1007), "a primary key behind an index");
}

/* ---- 2: lengths --------------------------------------------------------- */

#define SCHEMA_KEYS 17 /* bytes of keys and checks in a good schema */

static void lengthGroup(void) {
  static const struct {
    size_t at;
    ForgeWant want;
    const char *name;
  } pieces[] = {
    {offsetof(Forge, cut_root), BAD, "a root"},
    {offsetof(Forge, cut_node), BAD, "a node"},
    {offsetof(Forge, cut_record), HURT, "a record"},
    {offsetof(Forge, cut_schema), HURT, "a schema"},
    {offsetof(Forge, cut_objects), BAD, "objects"},
  };
  for (u32 i = 0; i < SN_COUNT(pieces); i++) {
    bool good = true;
    /* A root of no bytes is that of a file without a commit; a schema may end
    ** behind its columns. */
    bool root = pieces[i].at == offsetof(Forge, cut_root);
    bool schema = pieces[i].at == offsetof(Forge, cut_schema);
    for (i64 cut = -1; good && cut < (root ? 20 : 400); cut++) {
      Forge f = forge_good;
      memcpy((u8 *)&f + pieces[i].at, &cut, sizeof cut);
      if (cut && !(schema && cut == SCHEMA_KEYS))
        good = forgeIs(&f, pieces[i].want, (u32)cut);
    }
    tapOk(good, "%s that is cut, or goes on", pieces[i].name);
  }
  bool good = true;
  for (i64 cut = 1; good && cut < 80; cut++) {
    int names, rc;
    Forge f = forge_good;
    f.cut_delta = cut;
    rc = forgeCommit(&f);
    if (!rc) rc = forgeRead(&names);
    good = !rc || rc == SEINE_CORRUPT;
  }
  tapOk(good, "a delta that is cut");
}

/* Each allocation of who reads it fails; *failed: so many. */
static bool memoryRun(const Forge *f, u32 *failed) {
  int rc = forgeCommit(f), names;
  bool good = !rc;
  for (i64 n = 1; good && n < 1000; n++) {
    snFaultMem(n, false);
    rc = forgeRead(&names);
    snFaultMem(0, false);
    *failed += rc == SEINE_NOMEM;
    good = !rc || rc == SEINE_NOMEM;
    if (!rc) return true;
  }
  return false;
}

static void memoryGroup(void) {
  Forge f = forge_good;
  u32 failed = 0;
  bool good = memoryRun(&f, &failed);
  f.next_column = 1000;
  for (f.more = 1; good && f.more < 40; f.more++)
    good = memoryRun(&f, &failed);
  tapOk(good && failed > 1000, "no memory to read columns");
  f = forge_good;
  f.key_name = f.check_name = f.check_text = N_BIG;
  f.object[0].text = f.object[1].text = N_BIG;
  for (u32 n = 1; good && n < sizeof forge_big; n += n < 1024 ? 8 : 200) {
    memset(forge_big, 'x', n);
    forge_big[n] = 0;
    good = memoryRun(&f, &failed);
  }
  forge_big[0] = 0;
  tapOk(good, "no memory to read texts");
}

/* ---- 3: following ------------------------------------------------------- */

static const struct {
  struct ForgeField field;
  bool follows, rides;
} forge_moves[] = {
  {{FIELD(next_rowid), 41, FINE}, true, false},
  {{FIELD(next_id), 101, FINE}, true, false},
  {{FIELD(version), 9, BAD}, false, false},
  {{FIELD(cookie), 8, FINE}, false, false},
  {{FIELD(count), 3, BAD}, false, false},
  {{FIELD(depth), 0, FINE}, false, false},
  {{FIELD(version), CATALOG_VERSION, FINE}, false, false},
  {{FIELD(child_seed), 3, BAD}, false, false},
  {{FIELD(there), 2, BAD}, false, false},
  {{FIELD(there), 3, BAD}, false, false},
  {{FIELD(cut_root), 1, BAD}, false, false},
  {{FIELD(cut_root), UINT64_MAX, BAD}, false, false},
  {{FIELD(cut_node), 1, BAD}, false, false},
  {{FIELD(cut_node), UINT64_MAX, BAD}, false, false},
  {{FIELD(cut_node), 400, BAD}, false, false},
  {{FIELD(cut_node), 74, BAD}, false, false}, /* four bytes are left */
  {{FIELD(table[0].id), 0, BAD}, false, false},
  {{FIELD(table[0].id), 7, FINE}, false, false},
  {{FIELD(table[0].seed), 6, BAD}, false, false},
  {{FIELD(table[1].name), N_LONG, FINE}, false, false},
  {{FIELD(table[1].name), N_T, BAD}, false, false},
  {{FIELD(there_below), 1 | 8, FINE}, false, false},
  {{FIELD(there_below), 2 | 4, FINE}, false, false},
  {{FIELD(there_below), 1 | 4 | 1ull << 40, BAD}, false, false},
  {{FIELD(part[1].table), 5, HURT}, false, true},
  {{FIELD(part[0].table), 0, BAD}, false, false},
  {{FIELD(part[0].table), 0, BAD}, false, true},
  {{FIELD(part[0].docs), 0, BAD}, false, false},
  {{FIELD(part[0].docs), 0, BAD}, false, true},
  {{FIELD(part[0].docs), 1, FINE}, true, false},
  {{FIELD(part[0].docs), 1, FINE}, true, true},
  {{FIELD(part[0].bytes), 29, FINE}, true, false},
  {{FIELD(part[0].bytes), 29, FINE}, true, true},
  {{FIELD(part[0].spills), 2, FINE}, true, false},
  {{FIELD(part[0].spills), 2, FINE}, true, true},
  {{FIELD(part[0].spills), 0, FINE}, true, false},
  {{FIELD(part[0].spills), 0, FINE}, true, true},
  {{FIELD(part[0].spill_page), 2, FINE}, true, false},
  {{FIELD(part[0].spill_page), 2, FINE}, true, true},
  {{FIELD(part[0].next), 51, FINE}, true, false},
  {{FIELD(part[0].next), 51, FINE}, true, true},
  {{FIELD(fill), 1, FINE}, true, true},
  {{FIELD(nparts), 1, FINE}, true, false},
  {{FIELD(nparts), 1, FINE}, true, true},
  {{FIELD(nparts), 0, FINE}, true, false},
  {{FIELD(cut_delta), 1, BAD}, false, false},
  {{FIELD(cut_delta), 1, BAD}, false, true},
};

/* The next rowid of rows that are gone is no harm. */
static bool moveSame(TableState *a, TableState *b) {
  return a->next_rowid >= b->next_rowid && a->rows.docs == b->rows.docs
      && a->rows.n == b->rows.n && a->rows.nspill == b->rows.nspill
      && (!a->rows.n || !memcmp(a->rows.p, b->rows.p, a->rows.n))
      && a->nseg == b->nseg;
}

/* One that has followed has what one that was opened has. */
static bool moveTwins(Catalog *c) {
  int rc;
  Catalog *fresh = forgeOpen(&rc);
  bool good = !rc && fresh->n == c->n && fresh->next_id == c->next_id;
  for (u32 k = 0; good && k < c->n; k++) {
    TableState *a, *b;
    good = !snCatalogState(c, k, &a) && !snCatalogState(fresh, k, &b)
        && moveSame(a, b);
  }
  snCatalogDrop(fresh);
  return good;
}

/* From one catalog to another one, of which the rows alone are others.
** held: somebody keeps a state of before, which stays as it was. */
static bool moveFrom(const Forge *from, const Forge *to, bool rides, bool held,
    i64 fault, bool *followed) {
  Snapshot *n = NULL;
  TableState *t = NULL, *kept = NULL, *was = NULL;
  int rc = forgeCommit(from);
  Catalog *c = rc ? NULL : forgeOpen(&rc);
  for (u32 k = 0; !rc && k < c->n; k++) rc = snCatalogState(c, k, &t);
  if (!rc) rc = snCatalogState(c, 0, &t);
  if (!rc) was = snTableStateCopy(&forge_budget, t);
  if (!rc && held) kept = snTableStateKeep(t);
  if (!rc) rc = rides ? forgeRide(to) : forgeCommit(to);
  if (!rc) rc = snSnapshotOpen(forge_store, &n);
  snFaultMem(fault, false);
  *followed = !rc && snCatalogFollow(c, n);
  snFaultMem(0, false);
  bool good = !rc && was;
  if (*followed) good = good && moveTwins(c);
  if (kept) good = good && moveSame(kept, was);
  snTableStateDrop(kept);
  snTableStateDrop(was);
  snCatalogDrop(c);
  snSnapshotDrop(n);
  snprintf(tapWhy, sizeof tapWhy, "rc %d, followed %d", rc, *followed);
  return good;
}

static bool moveOne(u32 i, bool held, i64 fault, bool *followed) {
  Forge f = forge_good;
  forgeSet(&f, &forge_moves[i].field);
  if (moveFrom(&forge_good, &f, forge_moves[i].rides, held, fault, followed))
    return true;
  printf("# case %u\n", i);
  return false;
}

/* Two fields at a time. */
static void moveMore(void) {
  Forge f = forge_good, g = forge_good;
  bool followed;
  f.table[0].id = f.table[0].seed = f.schema_id = f.schema_seed = 7;
  tapOk(moveFrom(&g, &f, false, false, 0, &followed) && !followed,
      "another id in the same place");
  f = forge_good;
  f.there = 4;
  f.child_seed = 1ull << 56 | 2;
  tapOk(moveFrom(&f, &g, false, false, 0, &followed) && !followed
      && moveFrom(&g, &f, false, false, 0, &followed) && !followed,
      "another node");
  f = forge_good;
  f.part[0].spills = 0;
  f.part[0].docs += f.part[0].spill_docs;
  tapOk(moveFrom(&g, &f, true, true, 0, &followed) && followed,
      "as many rows, and none is spilled");
}

static void moveGroup(void) {
  bool good = true, followed;
  for (u32 held = 0; held < 2; held++) {
    for (u32 i = 0; good && i < SN_COUNT(forge_moves); i++)
      good = moveOne(i, held, 0, &followed)
          && followed == forge_moves[i].follows;
    tapOk(good, "follows where it can%s", held ? ", beside who keeps a state"
        : "");
  }
  u32 failed = 0;
  for (u32 i = 0; good && i < SN_COUNT(forge_moves); i++)
    for (u32 held = 0; good && held < 2; held++) {
      bool again = forge_moves[i].follows;
      for (i64 n = 1; good && again && n < 100; n++) {
        good = moveOne(i, held, n, &followed);
        again = !followed;
        failed += again;
      }
    }
  tapOk(good && failed > 20, "each allocation fails");
  moveMore();
}

/* ---- 4: what is there --------------------------------------------------- */

static int thereRef(void *arg, const ExtentRef *ref) {
  (void)ref;
  return --*(int *)arg ? SEINE_OK : SEINE_INTERRUPT;
}

static void thereGroup(void) {
  int rc = forgeCommit(&forge_good), left = 1 << 20, refs;
  Catalog *c = rc ? NULL : forgeOpen(&rc);
  TableState *t = NULL;
  const char *name = "";
  tapOk(c && snCatalogName(c, 2, &name) == SEINE_RANGE && !name
      && snCatalogState(c, 2, &t) == SEINE_RANGE && !t
      && !snCatalogById(c, 7, &t) && !t && !snCatalogById(c, 6, &t) && t
      && t->table->id == 6, "tables by number");
  tapOk(c && snCatalogObject(c, 1) && !snCatalogObject(c, 2), "objects");
  snCatalogDrop(c);
  Snapshot *n = NULL;
  bool good = !snSnapshotOpen(forge_store, &n)
      && !snCatalogWalk(forge_store, n, thereRef, &left);
  refs = (1 << 20) - left;
  for (int i = 1; good && i <= refs; i++) {
    left = i;
    good = snCatalogWalk(forge_store, n, thereRef, &left) == SEINE_INTERRUPT;
  }
  tapOk(good && refs == 1 + 1 + 2 + 2 + 2 + 1 + 1 + 1,
      "each extent that is reached can be the last one");
  for (i64 k = 1; good && k < 100; k++) {
    left = 1 << 20;
    snFaultMem(k, false);
    rc = snCatalogWalk(forge_store, n, thereRef, &left);
    snFaultMem(0, false);
    good = !rc || rc == SEINE_NOMEM;
    if (!rc) break;
  }
  tapOk(good && !rc, "each allocation of a walk fails");
  snSnapshotDrop(n);
}

static int forgeNoWalk(void *arg, Snapshot *n,
    int (*seen)(void *, const ExtentRef *), void *seen_arg) {
  (void)arg, (void)n, (void)seen, (void)seen_arg;
  return SEINE_OK;
}

static void forgeSay(void *arg, const char *text) { (void)arg, (void)text; }

int main(void) {
  StoreConfig c = {.create = true, .budget = &forge_budget,
      .message = forgeSay};
  if (snStoreOpen(&c, &forge_store)) return 1;
  snWriterSetWalk(forge_store, forgeNoWalk, NULL);
  fieldGroup();
  lengthGroup();
  memoryGroup();
  moveGroup();
  thereGroup();
  snStoreClose(forge_store);
  tapOk(forge_budget.used == 0, "no memory is left");
  return tapEnd();
}
