/*
** catalog: which tables does a snapshot hold?  Reads the tree that
** catalog_edit.c writes; schemaInt.h has the bytes.
**
** Opening walks the nodes, so that all names are known; a record and its
** schema are read when a table is first asked for, and stay.
**
** Invariants:
** (1) entry is in order of slots, level[l].v in order of indexes.
** (2) No two entries share an id or, whatever its case, a name; ids are
**     below next_id and never 0.
** (3) An open catalog never changes but for the states it has read, unless
**     its only user lets it follow to another snapshot.
** (4) Every byte is checked before it is believed: what cannot be is
**     SEINE_CORRUPT.
** (5) The patches of a state are in order of (segment, column), at most one
**     for each; the column is one of the table, of numbers, or a key.
*/
#include "schema/schemaInt.h"

#define CATALOG_SEGMENT 39u /* bytes of a segment in a record, at least */
#define CATALOG_DOCS    0x7fffffffu

/* ---- states of tables --------------------------------------------------- */

static TableState *catalogStateNew(Budget *b, Table *t, u32 nseg) {
  TableState *s = snMemZero(b, sizeof *s);
  if (!s) return NULL;
  s->refs = 1;
  s->next_rowid = 1;
  s->seg = snMemZero(b, ((size_t)nseg + 1) * sizeof *s->seg);
  if (!s->seg) {
    snMemFree(s);
    return NULL;
  }
  s->table = snTableKeep(t);
  return s;
}

TableState *snTableStateNew(Budget *b, Table *t) {
  return catalogStateNew(b, t, 0);
}

TableState *snTableStateCopy(Budget *b, const TableState *s) {
  TableState *copy = catalogStateNew(b, s->table, s->nseg);
  if (!copy) return NULL;
  if (s->rows.docs && snTableStateRows(b, copy, &s->rows)) {
    snTableStateDrop(copy);
    return NULL;
  }
  copy->schema_ref = s->schema_ref;
  copy->next_rowid = s->next_rowid;
  copy->nseg = s->nseg;
  if (s->nseg) memcpy(copy->seg, s->seg, s->nseg * sizeof *s->seg);
  if (!s->npatch) return copy;
  copy->patch = snMemAlloc(b, s->npatch * sizeof *s->patch);
  if (!copy->patch) {
    snTableStateDrop(copy);
    return NULL;
  }
  memcpy(copy->patch, s->patch, s->npatch * sizeof *s->patch);
  copy->npatch = copy->patch_cap = s->npatch;
  return copy;
}

TableState *snTableStateKeep(TableState *s) {
  s->refs++;
  return s;
}

void snTableStateDrop(TableState *s) {
  if (!s || --s->refs) return;
  snMemFree(s->rows.spill);
  snTableDrop(s->table);
  snMemFree(s->seg);
  snMemFree(s->patch);
  snMemFree(s);
}

int snTableStateRows(Budget *b, TableState *s, const TableRows *rows) {
  size_t spills = rows->nspill * sizeof *rows->spill;
  TableSpill *spill = NULL;
  u8 *p = NULL;
  if (rows->docs) {
    spill = snMemAlloc(b, spills + rows->n + SN_SLACK);
    if (!spill) return SN_NOMEM;
    p = (u8 *)spill + spills;
    if (spills) memcpy(spill, rows->spill, spills);
    if (rows->n) memcpy(p, rows->p, rows->n);
    memset(p + rows->n, 0, SN_SLACK);
  }
  snMemFree(s->rows.spill);
  s->rows = *rows;
  s->rows.spill = spill;
  s->rows.p = p;
  return SEINE_OK;
}

/* Place of the first patch of a segment from that column on. */
static u32 catalogPatchAt(const TableState *s, u64 segment, u32 column) {
  u32 lo = 0, hi = s->npatch;
  while (lo < hi) {
    u32 mid = lo + (hi - lo) / 2;
    const ColumnPatch *p = s->patch + mid;
    bool below = p->segment < segment ||
        (p->segment == segment && p->column < column);
    if (below) lo = mid + 1;
    else hi = mid;
  }
  return lo;
}

int snTableStatePatch(Budget *b, TableState *s, const ColumnPatch *p) {
  u32 at = catalogPatchAt(s, p->segment, p->column);
  int rc = snMemGrow(b, &s->patch, &s->patch_cap, s->npatch + 1ull,
      sizeof *s->patch);
  if (rc) return rc;
  ColumnPatch *v = s->patch + at;
  if (at < s->npatch && v->segment == p->segment && v->column == p->column) {
    *v = *p;
    return SEINE_OK;
  }
  memmove(v + 1, v, (s->npatch - at) * sizeof *v);
  *v = *p;
  s->npatch++;
  return SEINE_OK;
}

const ColumnPatch *snTableStatePatches(const TableState *s, u64 segment,
    u32 *n) {
  u32 from = catalogPatchAt(s, segment, 0);
  *n = catalogPatchAt(s, segment, UINT32_MAX) - from;
  return *n ? s->patch + from : NULL;
}

/* Patches are for columns of numbers, and for keys that came later. */
static bool catalogCanPatch(const Table *t, u32 column) {
  for (u32 i = 0; i < t->ncol; i++)
    if (t->col[i].id == column) return snTypeForm(t->col[i].type) != FORM_STR;
  for (u32 i = 0; i < t->nkey; i++)
    if (t->key[i].id == column) return snConstraintIsStored(t->key + i);
  return false;
}

void snTableStatePrune(TableState *s) {
  u32 n = 0;
  for (u32 i = 0; i < s->npatch; i++) {
    bool there = false;
    for (u32 k = 0; !there && k < s->nseg; k++)
      there = s->seg[k].id == s->patch[i].segment;
    if (there && catalogCanPatch(s->table, s->patch[i].column))
      s->patch[n++] = s->patch[i];
  }
  s->npatch = n;
}

int snCatalogReach(const TableState *s,
    int (*seen)(void *, const ExtentRef *), void *arg) {
  int rc = SEINE_OK;
  for (u32 i = 0; !rc && i < s->nseg; i++) {
    const LiveRef *l = &s->seg[i].live;
    rc = seen(arg, &s->seg[i].ref);
    for (u32 k = 0; !rc && k < l->n; k++) rc = seen(arg, l->ref + k);
  }
  for (u32 i = 0; !rc && i < s->npatch; i++) rc = seen(arg, &s->patch[i].ref);
  for (u32 i = 0; !rc && i < s->rows.nspill; i++)
    rc = seen(arg, &s->rows.spill[i].ref);
  return rc;
}

/* ---- reading a record --------------------------------------------------- */

/* The whole extent, which holds something. */
static int catalogLoad(Store *s, const ExtentRef *ref, Extent **x, Rd *r) {
  const u8 *p;
  int rc = snExtentOpen(s, ref, x);
  if (rc) return rc;
  rc = snExtentGet(*x, 0, ref->len, &p);
  if (!rc && !ref->len) rc = SN_CORRUPT;
  if (!rc) {
    r->p = p;
    r->end = p + ref->len;
    r->bad = false;
    return SEINE_OK;
  }
  snExtentDrop(*x);
  *x = NULL;
  return rc;
}

static void catalogRef(Rd *r, ExtentRef *out) {
  const u8 *p = snRdBytes(r, EXTENT_REF_BYTES);
  memset(out, 0, sizeof *out);
  if (p) snExtentRefGet(p, out);
  if (!out->page) r->bad = true;
}

static const char *catalogText(Rd *r, size_t *n) {
  u64 len = snRdVarint(r);
  const char *p = (const char *)snRdBytes(r, len);
  *n = (size_t)len;
  if (!p || !snTableNameGood(p, *n)) {
    r->bad = true;
    *n = 0;
    return "";
  }
  return p;
}

/* A text that snTableAdd() can take, copied into the arena. */
static const char *catalogOption(Rd *r, bool there, Arena *a, int *rc) {
  size_t n;
  const char *p, *copy;
  if (!there) return NULL;
  p = catalogText(r, &n);
  copy = snArenaDup(a, p, n);
  if (!copy) *rc = SN_NOMEM;
  return copy;
}

/* Of the flags of a column; false: it can have none of that kind. */
static bool catalogCollation(u8 flags, u8 type, u8 *out) {
  u32 of = flags & (CATALOG_NOCASE | CATALOG_RTRIM);
  *out = of == CATALOG_NOCASE ? COLLATE_NOCASE
      : of == CATALOG_RTRIM   ? COLLATE_RTRIM : COLLATE_NONE;
  return !of || (*out && snTypeIsString(type));
}

static int catalogColumn(Rd *r, Table *t, Arena *a) {
  const char *name, *analyzer, *def, *search;
  int rc = SEINE_OK;
  size_t n;
  u32 id = snRdU32v(r);
  name = catalogText(r, &n);
  u8 type = snRdByte(r), flags = snRdByte(r);
  analyzer = catalogOption(r, flags & CATALOG_ANALYZER, a, &rc);
  def = catalogOption(r, flags & CATALOG_DEFAULT, a, &rc);
  search = catalogOption(r, flags & CATALOG_SEARCH, a, &rc);
  if (rc) return rc;
  bool text = (type & ~TYPE_ARRAY) == TYPE_TEXT;
  bool is_rowid = (flags & CATALOG_ROWID) != 0;
  u8 collate;
  if (r->bad || !id != is_rowid || flags >= CATALOG_RTRIM * 2 ||
      !catalogCollation(flags, type, &collate) ||
      text != !!analyzer || (search && !text) ||
      (is_rowid && type != TYPE_INTEGER)) return SN_CORRUPT;
  rc = snTableAdd(t, name, n, type, flags & CATALOG_NOT_NULL, analyzer, def);
  if (rc) return rc == SEINE_NOMEM ? rc : SN_CORRUPT;
  t->col[t->ncol - 1].id = id;
  snTableCollate(t, t->ncol - 1, collate);
  return search ? snTableAnalyzers(t, t->ncol - 1, analyzer, search)
                : SEINE_OK;
}

static int catalogColumns(Rd *r, Table *t, Budget *b) {
  IntSet ids;
  Arena a;
  int rc = SEINE_OK;
  u32 next = snRdU32v(r), n = snRdU32v(r);
  snIntSetInit(&ids, b);
  snArenaInit(&a, b);
  for (u32 i = 0; !rc && i < n; i++) {
    rc = catalogColumn(r, t, &a);
    snArenaClear(&a);
    if (rc) break;
    u32 id = t->col[i].id;
    if (id >= next || snIntSetAdd(&ids, id) != i) rc = SN_CORRUPT;
    if (ids.rc) rc = ids.rc;
  }
  t->next_column = next;
  if (!rc && !r->bad && r->p != r->end) rc = snConstraintRead(t, r);
  for (u32 i = 0; !rc && i < t->nkey; i++) {
    u32 id = t->key[i].id;
    if (!id || id >= next || snIntSetAdd(&ids, id) != n + i) rc = SN_CORRUPT;
    if (ids.rc) rc = ids.rc;
  }
  snIntSetClear(&ids);
  if (!rc && (r->bad || r->p != r->end || !next)) rc = SN_CORRUPT;
  return rc;
}

static int catalogSchema(const Catalog *c, const CatalogEntry *e,
    const ExtentRef *ref, Table **out) {
  Extent *x;
  Rd r;
  size_t n;
  *out = NULL;
  if (ref->seed != e->id) return SN_CORRUPT;
  int rc = catalogLoad(c->store, ref, &x, &r);
  if (rc) return rc;
  u64 id = snRdVarint(&r);
  const char *name = catalogText(&r, &n);
  if (r.bad || id != e->id || n != strlen(e->name) ||
      memcmp(name, e->name, n)) {
    rc = SN_CORRUPT;
    goto done;
  }
  *out = snTableNew(c->budget, name, n);
  if (!*out) {
    rc = SN_NOMEM;
    goto done;
  }
  (*out)->id = id;
  rc = catalogColumns(&r, *out, c->budget);
done:
  if (rc) {
    snTableDrop(*out);
    *out = NULL;
  }
  snExtentDrop(x);
  return rc;
}

static void catalogSegment(Rd *r, SegmentRef *s) {
  LiveRef *l = &s->live;
  u64 wide;
  s->id = snRdVarint(r);
  catalogRef(r, &s->ref);
  s->docs = snRdU32v(r);
  s->rowid_min = snZag(snRdVarint(r));
  wide = snRdVarint(r);
  s->rowid_max = (i64)((u64)s->rowid_min + wide);
  l->deleted = snRdU32v(r);
  l->n = snRdByte(r);
  if (l->n > SN_COUNT(l->ref)) l->n = 0;
  for (u32 i = 0; i < l->n; i++) catalogRef(r, l->ref + i);
  if (!s->id || !s->docs || s->docs > CATALOG_DOCS ||
      wide > (u64)INT64_MAX - (u64)s->rowid_min || l->deleted > s->docs ||
      !l->n != !l->deleted)
    r->bad = true;
}

/* A segment that is listed twice would have its patches twice. */
static int catalogPatches(Rd *r, Budget *b, TableState *s, u64 segment) {
  ColumnPatch p = {.segment = segment};
  u32 last = 0, have;
  int rc = SEINE_OK;
  u64 n = snRdVarint(r);
  (void)snTableStatePatches(s, segment, &have);
  if (n && have) r->bad = true;
  for (u64 i = 0; !rc && !r->bad && i < n; i++) {
    p.column = snRdU32v(r);
    catalogRef(r, &p.ref);
    if (p.column <= last || p.ref.seed != segment ||
        !catalogCanPatch(s->table, p.column))
      r->bad = true;
    if (!r->bad) rc = snTableStatePatch(b, s, &p);
    last = p.column;
  }
  return rc;
}

/* ---- rows that ride in the claim ---------------------------------------- */

static void catalogSpill(Rd *r, CatalogPart *part) {
  TableSpill *s = part->spill + part->rows.nspill++;
  catalogRef(r, &s->ref);
  s->docs = snRdU32v(r);
  part->rows.docs += s->docs;
  if (!s->docs || s->docs > CATALOG_DOCS / TABLE_SPILLS / 2 ||
      s->ref.seed != part->table) r->bad = true;
}

bool snCatalogPart(Rd *r, CatalogPart *out) {
  TableRows *rows = &out->rows;
  u32 n, docs;
  if (r->bad || r->p == r->end) return false;
  out->table = snRdVarint(r);
  out->next_rowid = snZag(snRdVarint(r));
  *rows = (TableRows){.spill = out->spill};
  n = snRdU32v(r);
  if (!out->table || n > TABLE_SPILLS) r->bad = true;
  while (!r->bad && rows->nspill < n) catalogSpill(r, out);
  docs = snRdU32v(r);
  rows->n = snRdU32v(r);
  rows->p = snRdBytes(r, rows->n);
  if (docs > CATALOG_DOCS / 2 || !docs != !rows->n) r->bad = true;
  rows->docs += docs;
  if (!rows->docs) r->bad = true;
  return !r->bad;
}

static Rd catalogDelta(const Catalog *c) {
  u32 len = 0;
  const u8 *p = c->snapshot ? snSnapshotDelta(c->snapshot, &len) : NULL;
  return (Rd){p, p ? p + len : p, false};
}

/* The part of a table, or docs 0; CORRUPT: no delta looks so. */
static int catalogPartOf(const Catalog *c, u64 table, CatalogPart *out) {
  Rd r = catalogDelta(c);
  CatalogPart part;
  u64 last = 0;
  out->rows.docs = 0;
  while (snCatalogPart(&r, &part)) {
    if (part.table <= last) return SN_CORRUPT;
    last = part.table;
    if (part.table != table) continue;
    *out = part;
    out->rows.spill = out->spill;
  }
  return r.bad ? SN_CORRUPT : SEINE_OK;
}

/* Gives a state that nobody else has what rides of its table. */
static int catalogTake(const Catalog *c, TableState *s, CatalogPart *part) {
  static const TableRows none;
  if (!part->rows.docs) return snTableStateRows(c->budget, s, &none);
  part->rows.sum = snHash(part->rows.p, part->rows.n, s->table->id);
  s->next_rowid = SN_MAX(s->next_rowid, part->next_rowid);
  return snTableStateRows(c->budget, s, &part->rows);
}

static int catalogRide(const Catalog *c, TableState *s) {
  CatalogPart part;
  int rc = catalogPartOf(c, s->table->id, &part);
  rc = snLostPass(c->store, rc, "table %s: rows that came last cannot be read",
      s->table->name);
  return rc || !part.rows.docs ? rc : catalogTake(c, s, &part);
}

/* Notes whose rows ride.  CORRUPT: no delta looks so. */
static int catalogRiding(Catalog *c) {
  Rd r = catalogDelta(c);
  CatalogPart part;
  int rc = SEINE_OK;
  c->nriding = 0;
  while (!rc && snCatalogPart(&r, &part)) {
    rc = snMemGrow(c->budget, &c->riding, &c->riding_cap, c->nriding + 1ull,
        sizeof *c->riding);
    if (!rc) c->riding[c->nriding++] = part.table;
  }
  return rc || !r.bad ? rc : SN_CORRUPT;
}

/* ---- a record ----------------------------------------------------------- */

int snCatalogRead(const Catalog *c, const CatalogEntry *e,
    TableState **out) {
  TableState *s = NULL;
  Table *t = NULL;
  ExtentRef schema;
  Extent *x;
  Rd r;
  *out = NULL;
  int rc = catalogLoad(c->store, &e->record, &x, &r);
  if (rc) return rc;
  i64 next_rowid = snZag(snRdVarint(&r));
  catalogRef(&r, &schema);
  u64 nseg = snRdVarint(&r);
  if (r.bad || nseg > (u64)(r.end - r.p) / CATALOG_SEGMENT) rc = SN_CORRUPT;
  if (!rc) rc = catalogSchema(c, e, &schema, &t);
  if (rc) goto done;
  s = catalogStateNew(c->budget, t, (u32)nseg);
  if (!s) {
    rc = SN_NOMEM;
    goto done;
  }
  s->schema_ref = schema;
  s->next_rowid = next_rowid;
  for (; !rc && s->nseg < nseg && !r.bad; s->nseg++) {
    catalogSegment(&r, s->seg + s->nseg);
    rc = catalogPatches(&r, c->budget, s, s->seg[s->nseg].id);
  }
  if (!rc && (r.bad || r.p != r.end)) rc = SN_CORRUPT;
  if (r.bad) s->nseg--; /* the one it came to */
  rc = snLostPass(c->store, rc, "table %s: which segments it has beyond %u "
      "cannot be read", e->name, s->nseg);
  if (!rc) rc = catalogRide(c, s);
done:
  snExtentDrop(x);
  snTableDrop(t);
  if (rc) snTableStateDrop(s);
  else *out = s;
  return rc;
}

/* ---- nodes -------------------------------------------------------------- */

u64 snCatalogSeed(u32 level, u32 index) {
  return (u64)(level + 1) << 56 | index;
}

u32 snCatalogEntryAt(const CatalogEntry *v, u32 n, u64 slot) {
  u32 lo = 0, hi = n;
  while (lo < hi) {
    u32 mid = lo + (hi - lo) / 2;
    if (v[mid].slot < slot) lo = mid + 1;
    else hi = mid;
  }
  return lo;
}

u32 snCatalogNodeAt(const CatalogLevel *l, u64 index) {
  u32 lo = 0, hi = l->n;
  while (lo < hi) {
    u32 mid = lo + (hi - lo) / 2;
    if (l->v[mid].index < index) lo = mid + 1;
    else hi = mid;
  }
  return lo;
}

/* A table as it stands in a node: its name is not copied and not closed. */
static bool catalogTableRead(const Catalog *c, Rd *r, CatalogEntry *e,
    size_t *n) {
  e->id = snRdVarint(r);
  e->name = catalogText(r, n);
  catalogRef(r, &e->record);
  return !r->bad && e->id && e->id < c->next_id && e->record.seed == e->id;
}

static int catalogTable(Catalog *c, Rd *r, u32 slot) {
  CatalogEntry read = {.slot = slot}, *e;
  size_t n;
  if (!catalogTableRead(c, r, &read, &n)) return SN_CORRUPT;
  int rc = snMemGrow(c->budget, &c->entry, &c->cap, (u64)c->n + 1,
      sizeof *c->entry);
  if (rc) return rc;
  e = c->entry + c->n;
  *e = read;
  e->name = snArenaDup(&c->names, read.name, n);
  if (!e->name) return SN_NOMEM;
  u32 at = snIntSetAdd(&c->ids, e->id);
  if (c->ids.rc) return c->ids.rc;
  if (at != c->n) return SN_CORRUPT;
  c->n++;
  return SEINE_OK;
}

static int catalogChild(Catalog *c, Rd *r, u32 level, u32 index) {
  CatalogLevel *l = c->level + level;
  CatalogNode node = {index, {0}};
  catalogRef(r, &node.ref);
  if (r->bad || node.ref.seed != snCatalogSeed(level, index))
    return SN_CORRUPT;
  int rc = snMemGrow(c->budget, &l->v, &l->cap, (u64)l->n + 1, sizeof *l->v);
  if (!rc) l->v[l->n++] = node;
  return rc;
}

static int catalogNode(Catalog *c, Rd *r, u32 level, u32 index, bool root) {
  u64 there = snRd64(r);
  int rc = SEINE_OK;
  if (r->bad || (!there && !root)) return SN_CORRUPT;
  for (; !rc && there; there &= there - 1) {
    u32 child = index * CATALOG_FAN + (u32)__builtin_ctzll(there);
    rc = level ? catalogChild(c, r, level - 1, child)
               : catalogTable(c, r, child);
  }
  if (!rc && r->p != r->end) rc = SN_CORRUPT;
  return rc;
}

static int catalogMissing(Catalog *c, int rc) {
  return snLostPass(c->store, rc, "a part of the catalog cannot be read: the "
      "tables in it are lost");
}

/* Level by level, so that each level's array is complete and in order when
** the one below it is read. */
static int catalogTree(Catalog *c, Rd *r) {
  int rc = catalogMissing(c, catalogNode(c, r, c->depth, 0, true));
  for (u32 level = c->depth; !rc && level-- > 0;) {
    for (u32 i = 0; !rc && i < c->level[level].n; i++) {
      const CatalogNode *node = c->level[level].v + i;
      Extent *x;
      Rd in;
      rc = catalogLoad(c->store, &node->ref, &x, &in);
      if (!rc) {
        rc = catalogNode(c, &in, level, node->index, false);
        snExtentDrop(x);
      }
      rc = catalogMissing(c, rc);
    }
  }
  return rc;
}

/* ---- the catalog -------------------------------------------------------- */

static int catalogNames(Catalog *c) {
  u64 size = 8;
  while (size < (u64)c->n * 2) size *= 2;
  c->slots = snMemZero(c->budget, (size_t)size * sizeof *c->slots);
  if (!c->slots) return SN_NOMEM;
  c->mask = (u32)size - 1;
  for (u32 i = 0; i < c->n; i++) {
    const char *name = c->entry[i].name;
    size_t n = strlen(name);
    if (snCatalogPlace(c, name, n) >= 0) return SN_CORRUPT;
    u32 at = snTableHash(name, n) & c->mask;
    while (c->slots[at]) at = (at + 1) & c->mask;
    c->slots[at] = i + 1;
  }
  return SEINE_OK;
}

typedef struct CatalogRoot {
  u64 cookie, next_id, count;
  u32 depth;
  bool has_objects;
  ExtentRef objects;
  Rd r; /* the root's node */
} CatalogRoot;

/* false: damaged, or of another version.  Without a commit it is empty. */
static bool catalogRootRead(Snapshot *n, CatalogRoot *out) {
  u32 len;
  const u8 *p = snSnapshotRoot(n, &len);
  memset(out, 0, sizeof *out);
  out->next_id = 1;
  if (!snSnapshotTxid(n) || !len) return true;
  out->r = (Rd){p, p + len, false};
  u8 version = snRdByte(&out->r);
  out->cookie = snRdVarint(&out->r);
  out->next_id = snRdVarint(&out->r);
  out->count = snRdVarint(&out->r);
  out->depth = snRdByte(&out->r);
  out->has_objects = version == CATALOG_OBJECTS;
  if (out->has_objects) catalogRef(&out->r, &out->objects);
  return !out->r.bad && version >= CATALOG_VERSION &&
      version <= CATALOG_OBJECTS &&
      out->next_id && out->depth <= CATALOG_DEPTH &&
      (!out->has_objects ||
          out->objects.seed == snCatalogSeed(CATALOG_DEPTH, 0));
}

static int catalogObjects(Catalog *c, const ExtentRef *ref) {
  Extent *x;
  Rd r;
  int rc = catalogLoad(c->store, ref, &x, &r);
  if (rc) return rc;
  rc = snObjectsRead(c->budget, &r, &c->objects);
  c->objects_ref = *ref;
  snExtentDrop(x);
  return rc;
}

static int catalogRoot(Catalog *c) {
  CatalogRoot root;
  if (!catalogRootRead(c->snapshot, &root)) return SN_CORRUPT;
  c->cookie = root.cookie;
  c->next_id = root.next_id;
  c->depth = root.depth;
  if (!root.r.p) return SEINE_OK;
  int rc = catalogTree(c, &root.r);
  if (!rc && root.count != c->n)
    rc = snLostPass(c->store, SN_CORRUPT, "there are %u tables, not %llu", c->n,
        (unsigned long long)root.count);
  if (rc || !root.has_objects) return rc;
  return snLostPass(c->store, catalogObjects(c, &root.objects),
      "views, analyzers and settings cannot be read");
}

int snCatalogOpen(Store *s, Snapshot *n, Catalog **out) {
  Budget *b = snStoreBudget(s);
  Catalog *c = snMemZero(b, sizeof *c);
  *out = NULL;
  if (!c) return SN_NOMEM;
  c->refs = 1;
  c->store = s;
  c->budget = b;
  c->snapshot = snSnapshotKeep(n);
  c->root = *snSnapshotRef(n);
  snArenaInit(&c->names, b);
  snIntSetInit(&c->ids, b);
  int rc = catalogRoot(c);
  if (!rc) rc = catalogNames(c);
  if (!rc)
    rc = snLostPass(s, catalogRiding(c), "rows that came last cannot be read");
  if (rc) snCatalogDrop(c);
  else *out = c;
  return rc;
}

/* ---- following ---------------------------------------------------------- */

static bool catalogFollowTable(Catalog *c, Rd *r, u32 slot) {
  u32 at = snCatalogEntryAt(c->entry, c->n, slot);
  CatalogEntry *e = c->entry + at, read;
  size_t n;
  if (!catalogTableRead(c, r, &read, &n)) return false;
  if (at == c->n || e->slot != slot || e->id != read.id ||
      strlen(e->name) != n || memcmp(e->name, read.name, n)) return false;
  if (snExtentSame(&e->record, &read.record)) return true;
  e->record = read.record;
  snTableStateDrop(e->state);
  e->state = NULL;
  return true;
}

/* Reads a node and those below it that are not as they were. */
static bool catalogFollowNode(Catalog *c, Rd *r, u32 level, u32 index) {
  bool good = true;
  for (u64 there = snRd64(r); good && there; there &= there - 1) {
    u32 child = index * CATALOG_FAN + (u32)__builtin_ctzll(there);
    if (!level) {
      good = catalogFollowTable(c, r, child);
      continue;
    }
    CatalogLevel *l = c->level + level - 1;
    u32 at = snCatalogNodeAt(l, child);
    ExtentRef ref;
    Extent *x;
    Rd in;
    catalogRef(r, &ref);
    good = !r->bad && at < l->n && l->v[at].index == child &&
        ref.seed == snCatalogSeed(level - 1, child);
    if (!good || snExtentSame(&l->v[at].ref, &ref)) continue;
    good = !catalogLoad(c->store, &ref, &x, &in);
    if (!good) continue;
    good = catalogFollowNode(c, &in, level - 1, child);
    l->v[at].ref = ref;
    snExtentDrop(x);
  }
  return good && !r->bad && r->p == r->end;
}

static bool catalogSameRows(const TableRows *a, const TableRows *b) {
  if (a->docs != b->docs || a->n != b->n || a->nspill != b->nspill)
    return false;
  for (u32 i = 0; i < a->nspill; i++)
    if (!snExtentSame(&a->spill[i].ref, &b->spill[i].ref)) return false;
  return !a->n || !memcmp(a->p, b->p, a->n);
}

/* Brings a table, if it has been read, to the rows of the snapshot. */
static bool catalogFollowRows(Catalog *c, u64 table) {
  u32 at = snIntSetFind(&c->ids, table);
  CatalogEntry *e = at == UINT32_MAX ? NULL : c->entry + at;
  TableState *s = e ? e->state : NULL;
  CatalogPart part;
  if (!s) return true;
  if (catalogPartOf(c, table, &part)) return false;
  if (!part.rows.docs) part.rows = (TableRows){0};
  bool behind = part.rows.docs && s->next_rowid < part.next_rowid;
  if (!behind && catalogSameRows(&s->rows, &part.rows)) return true;
  if (s->refs > 1) {
    s = snTableStateCopy(c->budget, s);
    if (!s) return false;
    snTableStateDrop(e->state);
    e->state = s;
  }
  return !catalogTake(c, s, &part);
}

/* What rode before, and what rides now. */
static bool catalogFollowDelta(Catalog *c) {
  bool good = true;
  for (u32 i = 0; good && i < c->nriding; i++)
    good = catalogFollowRows(c, c->riding[i]);
  good = good && !catalogRiding(c);
  for (u32 i = 0; good && i < c->nriding; i++)
    good = catalogFollowRows(c, c->riding[i]);
  return good;
}

/* The cookie says that the same tables are there; what has moved are records,
** and the nodes above them. */
bool snCatalogFollow(Catalog *c, Snapshot *n) {
  CatalogRoot root;
  if (c->refs > 1) return false;
  if (c->root.page && snExtentSame(&c->root, snSnapshotRef(n))) {
    snCatalogRest(c);
    c->snapshot = snSnapshotKeep(n);
    return catalogFollowDelta(c);
  }
  if (!catalogRootRead(n, &root)) return false;
  if (root.cookie != c->cookie || root.count != c->n ||
      root.depth != c->depth || root.has_objects != (c->objects != NULL))
    return false;
  c->next_id = root.next_id;
  c->objects_ref = root.objects;
  if (root.r.p && !catalogFollowNode(c, &root.r, c->depth, 0)) return false;
  snCatalogRest(c);
  c->snapshot = snSnapshotKeep(n);
  c->root = *snSnapshotRef(n);
  return catalogFollowDelta(c);
}

void snCatalogRest(Catalog *c) {
  snSnapshotDrop(c->snapshot);
  c->snapshot = NULL;
}

/* ---- life --------------------------------------------------------------- */

Catalog *snCatalogKeep(Catalog *c) {
  c->refs++;
  return c;
}

void snCatalogDrop(Catalog *c) {
  if (!c || --c->refs) return;
  for (u32 i = 0; i < c->n; i++) snTableStateDrop(c->entry[i].state);
  for (u32 i = 0; i < CATALOG_DEPTH; i++) snMemFree(c->level[i].v);
  snMemFree(c->entry);
  snMemFree(c->slots);
  snMemFree(c->riding);
  snIntSetClear(&c->ids);
  snArenaClear(&c->names);
  snObjectsDrop(c->objects);
  snSnapshotDrop(c->snapshot);
  snMemFree(c);
}

Snapshot *snCatalogSnapshot(const Catalog *c) { return c->snapshot; }
u64 snCatalogCookie(const Catalog *c) { return c->cookie; }
u32 snCatalogCount(const Catalog *c) { return c->n; }

const CatalogObject *snCatalogObject(const Catalog *c, u32 k) {
  return c->objects && k < c->objects->n ? c->objects->v + k : NULL;
}

int snCatalogName(const Catalog *c, u32 k, const char **name) {
  *name = NULL;
  if (k >= c->n) return SEINE_RANGE;
  *name = c->entry[k].name;
  return SEINE_OK;
}

int snCatalogState(Catalog *c, u32 k, TableState **out) {
  CatalogEntry *e = c->entry + k;
  int rc = SEINE_OK;
  *out = NULL;
  if (k >= c->n) return SEINE_RANGE;
  if (!e->state) rc = snCatalogRead(c, e, &e->state);
  if (!rc) *out = e->state;
  return rc;
}

int snCatalogById(Catalog *c, u64 table, TableState **out) {
  *out = NULL;
  for (u32 k = 0; k < c->n; k++)
    if (c->entry[k].id == table) return snCatalogState(c, k, out);
  return SEINE_OK;
}

i64 snCatalogPlace(const Catalog *c, const char *name, size_t n) {
  u32 at = snTableHash(name, n) & c->mask;
  for (; c->slots[at]; at = (at + 1) & c->mask) {
    const char *have = c->entry[c->slots[at] - 1].name;
    if (snAsciiEq(have, strlen(have), name, n)) return c->slots[at] - 1;
  }
  return -1;
}

int snCatalogFind(Catalog *c, const char *name, size_t n, TableState **out) {
  i64 k = snCatalogPlace(c, name, n);
  *out = NULL;
  return k < 0 ? SEINE_OK : snCatalogState(c, (u32)k, out);
}

int snCatalogWalk(void *store, Snapshot *n,
    int (*seen)(void *, const ExtentRef *), void *arg) {
  Catalog *c;
  int rc = snCatalogOpen(store, n, &c);
  if (rc) return rc;
  if (c->objects) rc = seen(arg, &c->objects_ref);
  for (u32 l = 0; !rc && l < CATALOG_DEPTH; l++)
    for (u32 i = 0; !rc && i < c->level[l].n; i++)
      rc = seen(arg, &c->level[l].v[i].ref);
  for (u32 i = 0; !rc && i < c->n; i++) {
    TableState *s;
    rc = seen(arg, &c->entry[i].record);
    if (!rc) rc = snCatalogRead(c, c->entry + i, &s);
    if (rc) break;
    rc = seen(arg, &s->schema_ref);
    if (!rc) rc = snCatalogReach(s, seen, arg);
    snTableStateDrop(s);
  }
  snCatalogDrop(c);
  return rc;
}

#undef CATALOG_SEGMENT
#undef CATALOG_DOCS
