/*
** catalog_edit: what does a transaction change in the catalog, and which
** extents does its commit write and free?  schemaInt.h has the bytes.
**
** A commit rewrites the record of each changed table, the nodes above it and
** the root; nothing else is read or written, so that its cost does not grow
** with the number of tables.
**
** Invariants:
** (1) The list of changes is in order of table ids, at most one for a table;
**     shared with a mark it is copied before it changes, so that going back
**     to a mark allocates nothing and cannot fail.
** (2) A table keeps its slot; a new one takes a slot that the base leaves
**     free and that no table of this edit, not even a forgotten one, has had.
** (3) An extent that the base reaches and the new state does not is freed
**     once, here, and by nobody else.
** (4) Step S4 of the commit protocol: no doubtful extent of the base is
**     reached by the new state.  A commit writes the node above each record
**     that it writes, and the record above each segment and patch; so a
**     doubtful one is found by descending through doubtful ones only.
** (5) What compact.c moves is found in the same way: it marks all that stands
**     above an extent it has moved.
*/
#include "schema/schemaInt.h"

typedef struct CatalogChange {
  u64 id;
  u32 slot;
  bool fresh; /* not in the base */
  bool ddl;
  TableState *state; /* NULL: removed */
} CatalogChange;

typedef struct CatalogChanges {
  u32 refs, n, cap;
  CatalogChange *v;
} CatalogChanges;

struct CatalogMark {
  CatalogChanges *changes;
  Objects *objects;
  bool has_objects;
  u64 cookie, moved;
};

struct CatalogEdit {
  Store *store;
  Catalog *base;
  Budget *budget;
  CatalogChanges *changes;
  Objects *objects;     /* as of now, once they changed */
  bool has_objects;     /* they changed */
  u64 next_id, next_slot;
  u64 cookie, moved;    /* as seen from outside; DDL statements so far */
  ExtentRef *own;
  u32 nown, own_cap;
  CatalogEntry *view;   /* names of the transaction by slot, on demand */
  u32 nview;
  bool view_good;
  IntSet moved_from;    /* pages: number = place in moved_to */
  ExtentRef *moved_to;
  u32 moved_cap;
  bool touched;         /* commit, even without a change */
};

/* Cookies of uncommitted schemas, apart from all committed ones. */
static u64 edit_cookies;

/* ---- the list of changes ------------------------------------------------ */

static void editChangesDrop(CatalogChanges *l) {
  if (--l->refs) return;
  for (u32 i = 0; i < l->n; i++) snTableStateDrop(l->v[i].state);
  snMemFree(l->v);
  snMemFree(l);
}

static CatalogChanges *editChangesNew(Budget *b) {
  CatalogChanges *l = snMemZero(b, sizeof *l);
  if (l) l->refs = 1;
  return l;
}

/* A list of our own with room for one change more. */
static int editUnshare(CatalogEdit *e) {
  CatalogChanges *from = e->changes, *to = from;
  int rc;
  e->view_good = false;
  if (from->refs > 1) to = editChangesNew(e->budget);
  if (!to) return SN_NOMEM;
  rc = snMemGrow(e->budget, &to->v, &to->cap, (u64)from->n + 1,
      sizeof *to->v);
  if (to == from) return rc;
  if (rc) {
    editChangesDrop(to);
    return rc;
  }
  for (u32 i = 0; i < from->n; i++) {
    to->v[i] = from->v[i];
    if (to->v[i].state) snTableStateKeep(to->v[i].state);
  }
  to->n = from->n;
  editChangesDrop(from);
  e->changes = to;
  return SEINE_OK;
}

/* The first change of that id or above. */
static u32 editLower(const CatalogChanges *l, u64 id) {
  u32 lo = 0, hi = l->n;
  while (lo < hi) {
    u32 mid = lo + (hi - lo) / 2;
    if (l->v[mid].id < id) lo = mid + 1;
    else hi = mid;
  }
  return lo;
}

static CatalogChange *editChange(const CatalogEdit *e, u64 id) {
  u32 i = editLower(e->changes, id);
  if (i >= e->changes->n || e->changes->v[i].id != id) return NULL;
  return e->changes->v + i;
}

static CatalogEntry *editBase(const CatalogEdit *e, u64 id) {
  u32 i = snIntSetFind(&e->base->ids, id);
  return i == UINT32_MAX ? NULL : e->base->entry + i;
}

static void editInsert(CatalogChanges *l, const CatalogChange *c) {
  u32 i = editLower(l, c->id);
  memmove(l->v + i + 1, l->v + i, (l->n - i) * sizeof *l->v);
  l->v[i] = *c;
  l->n++;
}

static void editDelete(CatalogChanges *l, CatalogChange *c) {
  u32 i = (u32)(c - l->v);
  snTableStateDrop(c->state);
  l->n--;
  memmove(c, c + 1, (l->n - i) * sizeof *c);
}

/* ---- life --------------------------------------------------------------- */

int snCatalogEditBegin(Store *s, Catalog *base, CatalogEdit **out) {
  Budget *b = snStoreBudget(s);
  CatalogEdit *e = snMemZero(b, sizeof *e);
  *out = NULL;
  if (!e) return SN_NOMEM;
  e->changes = editChangesNew(b);
  if (!e->changes) {
    snMemFree(e);
    return SN_NOMEM;
  }
  e->store = s;
  e->budget = b;
  e->base = snCatalogKeep(base);
  e->next_id = base->next_id;
  e->cookie = base->cookie;
  snIntSetInit(&e->moved_from, b);
  *out = e;
  return SEINE_OK;
}

void snCatalogEditFree(CatalogEdit *e) {
  if (!e) return;
  editChangesDrop(e->changes);
  snObjectsDrop(e->objects);
  snCatalogDrop(e->base);
  snIntSetClear(&e->moved_from);
  snMemFree(e->moved_to);
  snMemFree(e->own);
  snMemFree(e->view);
  snMemFree(e);
}

u64 snCatalogEditNewId(CatalogEdit *e) { return e->next_id++; }
u64 snCatalogEditCookie(const CatalogEdit *e) { return e->cookie; }

bool snCatalogEditIdle(const CatalogEdit *e) {
  return !e->changes->n && !e->has_objects && !e->touched;
}

static void editMoved(CatalogEdit *e) {
  e->moved++;
  e->cookie = 1ull << 63 |
      __atomic_add_fetch(&edit_cookies, 1, __ATOMIC_RELAXED);
}

int snCatalogEditMark(CatalogEdit *e, CatalogMark **out) {
  CatalogMark *m = snMemZero(e->budget, sizeof *m);
  *out = m;
  if (!m) return SN_NOMEM;
  m->changes = e->changes;
  m->changes->refs++;
  m->objects = snObjectsKeep(e->objects);
  m->has_objects = e->has_objects;
  m->cookie = e->cookie;
  m->moved = e->moved;
  return SEINE_OK;
}

int snCatalogEditBack(CatalogEdit *e, CatalogMark *m) {
  m->changes->refs++;
  editChangesDrop(e->changes);
  e->changes = m->changes;
  snObjectsDrop(e->objects);
  e->objects = snObjectsKeep(m->objects);
  e->has_objects = m->has_objects;
  e->cookie = m->cookie;
  e->moved = m->moved;
  e->view_good = false;
  return SEINE_OK;
}

void snCatalogMarkFree(CatalogMark *m) {
  if (!m) return;
  editChangesDrop(m->changes);
  snObjectsDrop(m->objects);
  snMemFree(m);
}

int snCatalogEditOwn(CatalogEdit *e, const ExtentRef *ref) {
  int rc = snMemGrow(e->budget, &e->own, &e->own_cap, (u64)e->nown + 1,
      sizeof *e->own);
  if (!rc) e->own[e->nown++] = *ref;
  return rc;
}

void snCatalogEditLike(CatalogEdit *e, const Catalog *from) {
  e->next_id = from->next_id;
  e->objects = snObjectsKeep(from->objects);
  e->has_objects = from->objects != NULL;
}

Catalog *snCatalogEditBase(const CatalogEdit *e) { return e->base; }

/* ---- moving extents ----------------------------------------------------- */

void snCatalogEditTouch(CatalogEdit *e) { e->touched = true; }

int snCatalogEditMove(CatalogEdit *e, const ExtentRef *from,
    const ExtentRef *to) {
  u32 n = e->moved_from.n;
  int rc = snMemGrow(e->budget, &e->moved_to, &e->moved_cap, n + 1ull,
      sizeof *e->moved_to);
  if (rc) return rc;
  u32 at = snIntSetAdd(&e->moved_from, from->page);
  if (e->moved_from.rc) return e->moved_from.rc;
  e->touched = true;
  if (at < n) return SEINE_OK; /* marked already */
  memset(e->moved_to + at, 0, sizeof *e->moved_to);
  if (to) e->moved_to[at] = *to;
  return SEINE_OK;
}

/* Whether an extent of the base must be another one in the new state. */
static bool editMoves(const CatalogEdit *e, const ExtentRef *ref) {
  return snIntSetFind(&e->moved_from, ref->page) != UINT32_MAX ||
      snWriterDoubtful(e->store, ref);
}

/* ---- looking ------------------------------------------------------------ */

/* The change that holds a table of that name, or NULL. */
static const CatalogChange *editNamed(const CatalogEdit *e, const char *name,
    size_t n) {
  for (u32 i = 0; i < e->changes->n; i++) {
    const CatalogChange *c = e->changes->v + i;
    if (!c->state) continue;
    const char *have = c->state->table->name;
    if (snAsciiEq(have, strlen(have), name, n)) return c;
  }
  return NULL;
}

/* Place in the base of an unchanged table of that name, or -1. */
static i64 editUnchanged(const CatalogEdit *e, const char *name, size_t n) {
  i64 k = snCatalogPlace(e->base, name, n);
  return k >= 0 && editChange(e, e->base->entry[k].id) ? -1 : k;
}

int snCatalogEditFind(CatalogEdit *e, const char *name, size_t n,
    TableState **out) {
  const CatalogChange *c = editNamed(e, name, n);
  i64 k;
  *out = c ? c->state : NULL;
  if (c) return SEINE_OK;
  k = editUnchanged(e, name, n);
  return k < 0 ? SEINE_OK : snCatalogState(e->base, (u32)k, out);
}

int snCatalogEditById(CatalogEdit *e, u64 id, TableState **out) {
  const CatalogChange *c = editChange(e, id);
  const CatalogEntry *was = c ? NULL : editBase(e, id);
  *out = c ? c->state : NULL;
  if (!was) return SEINE_OK;
  return snCatalogState(e->base, (u32)(was - e->base->entry), out);
}

/* Names as of now, by slot. */
static int editView(CatalogEdit *e) {
  const CatalogChanges *l = e->changes;
  const Catalog *base = e->base;
  u32 n = 0;
  if (e->view_good) return SEINE_OK;
  snMemFree(e->view);
  e->view = snMemAlloc(e->budget,
      ((size_t)base->n + l->n + 1) * sizeof *e->view);
  if (!e->view) return SN_NOMEM;
  for (u32 i = 0; i < base->n; i++)
    if (!editChange(e, base->entry[i].id)) e->view[n++] = base->entry[i];
  for (u32 i = 0; i < l->n; i++) {
    const CatalogChange *c = l->v + i;
    if (!c->state) continue;
    u32 at = snCatalogEntryAt(e->view, n, c->slot);
    memmove(e->view + at + 1, e->view + at, (n - at) * sizeof *e->view);
    memset(e->view + at, 0, sizeof *e->view);
    e->view[at].slot = c->slot;
    e->view[at].name = c->state->table->name;
    n++;
  }
  e->nview = n;
  e->view_good = true;
  return SEINE_OK;
}

u32 snCatalogEditCount(const CatalogEdit *e) {
  u32 n = e->base->n;
  for (u32 i = 0; i < e->changes->n; i++) {
    const CatalogChange *c = e->changes->v + i;
    if (c->fresh) n++;
    else if (!c->state) n--;
  }
  return n;
}

int snCatalogEditName(const CatalogEdit *e, u32 k, const char **name) {
  /* The view is a cache: filling it changes nothing that can be seen. */
  CatalogEdit *full = (CatalogEdit *)(uintptr_t)e;
  int rc = editView(full);
  *name = NULL;
  if (rc) return rc;
  if (k >= full->nview) return SEINE_RANGE;
  *name = full->view[k].name;
  return SEINE_OK;
}

/* ---- changing ----------------------------------------------------------- */

/* The first slot from next_slot on that the base leaves free.  Slots of the
** base increase, so their distance from a run without gaps does too. */
static int editSlot(CatalogEdit *e, u32 *out) {
  const Catalog *c = e->base;
  u64 slot = e->next_slot;
  u32 from = snCatalogEntryAt(c->entry, c->n, slot), lo = from, hi = c->n;
  while (lo < hi) {
    u32 mid = lo + (hi - lo) / 2;
    if (c->entry[mid].slot == slot + (mid - from)) lo = mid + 1;
    else hi = mid;
  }
  slot += lo - from;
  if (slot >> 6 * (CATALOG_DEPTH + 1)) return SEINE_FULL;
  e->next_slot = slot + 1;
  *out = (u32)slot;
  return SEINE_OK;
}

static bool editTaken(const CatalogEdit *e, const TableState *s) {
  const char *name = s->table->name;
  const CatalogChange *c = editNamed(e, name, strlen(name));
  i64 k;
  if (c) return c->id != s->table->id;
  k = editUnchanged(e, name, strlen(name));
  return k >= 0 && e->base->entry[k].id != s->table->id;
}

int snCatalogEditPut(CatalogEdit *e, TableState *s, bool ddl) {
  CatalogChange add = {s->table->id, 0, false, ddl, s};
  const CatalogEntry *was = editBase(e, add.id);
  CatalogChange *c;
  int rc;
  if (!add.id || add.id >= e->next_id) return SEINE_MISUSE;
  if (editTaken(e, s)) return SEINE_ERROR;
  rc = editUnshare(e);
  if (rc) return rc;
  c = editChange(e, add.id);
  if (c) {
    snTableStateKeep(s);
    snTableStateDrop(c->state);
    c->state = s;
    c->ddl |= ddl;
  } else {
    add.fresh = !was;
    if (was) add.slot = was->slot;
    else rc = editSlot(e, &add.slot);
    if (rc) return rc;
    snTableStateKeep(s);
    editInsert(e->changes, &add);
  }
  if (ddl) editMoved(e);
  return SEINE_OK;
}

int snCatalogEditRemove(CatalogEdit *e, u64 table_id) {
  const CatalogEntry *was = editBase(e, table_id);
  CatalogChange *c = editChange(e, table_id);
  CatalogChange add = {table_id, 0, false, true, NULL};
  int rc;
  if (c ? !c->state : !was) return SEINE_ERROR;
  rc = editUnshare(e);
  if (rc) return rc;
  c = editChange(e, table_id);
  if (c && c->fresh) {
    editDelete(e->changes, c);
  } else if (c) {
    snTableStateDrop(c->state);
    c->state = NULL;
  } else {
    add.slot = was->slot;
    editInsert(e->changes, &add);
  }
  editMoved(e);
  return SEINE_OK;
}

/* ---- objects ------------------------------------------------------------ */

static const Objects *editObjects(const CatalogEdit *e) {
  return e->has_objects ? e->objects : e->base->objects;
}

const CatalogObject *snCatalogEditObject(const CatalogEdit *e, u32 k) {
  const Objects *o = editObjects(e);
  return o && k < o->n ? o->v + k : NULL;
}

int snCatalogEditPutObject(CatalogEdit *e, u8 kind, const char *name,
    const char *sql) {
  Objects *o;
  int rc = snObjectsPut(e->budget, editObjects(e), kind, name, sql, &o);
  if (rc) return rc;
  snObjectsDrop(e->objects);
  e->objects = o;
  e->has_objects = true;
  editMoved(e);
  return SEINE_OK;
}

/* ---- commit: extents ---------------------------------------------------- */

/* What a commit has written so far.  A page of 0 stands for "gone". */
typedef struct CatalogWrite {
  CatalogEdit *e;
  Store *store;
  Budget *budget;
  const Catalog *base;
  u32 depth;
  CatalogEntry *leaf; /* written or gone, by slot */
  u32 nleaf, leaf_cap;
  CatalogLevel over[CATALOG_DEPTH]; /* nodes to write, or written */
  IntSet kept;        /* pages reached by what was changed */
} CatalogWrite;

static int editKeep(void *arg, const ExtentRef *ref) {
  CatalogWrite *w = arg;
  snIntSetAdd(&w->kept, ref->page);
  return w->kept.rc;
}

static int editFreeUnlessKept(void *arg, const ExtentRef *ref) {
  CatalogWrite *w = arg;
  if (snIntSetFind(&w->kept, ref->page) != UINT32_MAX) return SEINE_OK;
  return snWriterFree(w->store, ref);
}

/* Takes the copy that was made of an extent of the base; S4: copies it. */
static int editRelocate(CatalogWrite *w, ExtentRef *ref) {
  u32 at = snIntSetFind(&w->e->moved_from, ref->page);
  ExtentRef to;
  Extent *x;
  const u8 *p;
  int rc;
  if (!editMoves(w->e, ref)) return SEINE_OK;
  if (at != UINT32_MAX && w->e->moved_to[at].page) {
    rc = snWriterFree(w->store, ref);
    *ref = w->e->moved_to[at];
    return rc;
  }
  rc = snExtentOpen(w->store, ref, &x);
  if (rc) return rc;
  rc = snExtentGet(x, 0, ref->len, &p);
  if (!rc) rc = snWriterPut(w->store, p, ref->len, ref->seed, &to);
  snExtentDrop(x);
  if (!rc) rc = snWriterFree(w->store, ref);
  if (!rc) *ref = to;
  return rc;
}

static int editRelocateAll(CatalogWrite *w, TableState *s) {
  int rc = SEINE_OK;
  for (u32 i = 0; !rc && i < s->nseg; i++) {
    LiveRef *l = &s->seg[i].live;
    rc = editRelocate(w, &s->seg[i].ref);
    for (u32 k = 0; !rc && k < l->n; k++) rc = editRelocate(w, l->ref + k);
  }
  for (u32 i = 0; !rc && i < s->npatch; i++)
    rc = editRelocate(w, &s->patch[i].ref);
  return rc;
}

static void editText(Buf *b, const char *s) {
  size_t n = strlen(s);
  snBufVarint(b, n);
  snBufAdd(b, s, n);
}

static void editRef(Buf *b, const ExtentRef *ref) {
  u8 *p = snBufSpace(b, EXTENT_REF_BYTES);
  if (p) snExtentRefPut(p, ref);
}

/* Puts the buffer as an extent and empties it. */
static int editPut(CatalogWrite *w, Buf *b, u64 seed, ExtentRef *ref) {
  int rc = b->rc;
  if (!rc) rc = snWriterPut(w->store, b->data, b->n, seed, ref);
  snBufClear(b);
  return rc;
}

static int editPutSchema(CatalogWrite *w, const Table *t, ExtentRef *ref) {
  Buf b;
  snBufInit(&b, w->budget);
  snBufVarint(&b, t->id);
  editText(&b, t->name);
  snBufVarint(&b, t->next_column);
  snBufVarint(&b, t->ncol);
  for (u32 i = 0; i < t->ncol; i++) {
    const Column *c = t->col + i;
    snBufVarint(&b, c->id);
    editText(&b, c->name);
    snBufByte(&b, c->type);
    snBufByte(&b, (u8)((c->not_null ? CATALOG_NOT_NULL : 0) |
        (c->analyzer ? CATALOG_ANALYZER : 0) |
        (c->default_sql ? CATALOG_DEFAULT : 0) |
        (c->search ? CATALOG_SEARCH : 0) |
        (c->collate == COLLATE_NOCASE ? CATALOG_NOCASE : 0) |
        (c->collate == COLLATE_RTRIM ? CATALOG_RTRIM : 0) |
        (c->id ? 0 : CATALOG_ROWID)));
    if (c->analyzer) editText(&b, c->analyzer);
    if (c->default_sql) editText(&b, c->default_sql);
    if (c->search) editText(&b, c->search);
  }
  snConstraintWrite(t, &b);
  return editPut(w, &b, t->id, ref);
}

static int editPutRecord(CatalogWrite *w, const TableState *s,
    ExtentRef *ref) {
  Buf b;
  u32 patches = 0;
  snBufInit(&b, w->budget);
  snBufVarint(&b, snZig(s->next_rowid));
  editRef(&b, &s->schema_ref);
  snBufVarint(&b, s->nseg);
  for (u32 i = 0; i < s->nseg; i++) {
    const SegmentRef *g = s->seg + i;
    snBufVarint(&b, g->id);
    editRef(&b, &g->ref);
    snBufVarint(&b, g->docs);
    snBufVarint(&b, snZig(g->rowid_min));
    snBufVarint(&b, (u64)g->rowid_max - (u64)g->rowid_min);
    snBufVarint(&b, g->live.deleted);
    snBufByte(&b, (u8)g->live.n);
    for (u32 k = 0; k < g->live.n; k++) editRef(&b, g->live.ref + k);
    u32 n;
    const ColumnPatch *p = snTableStatePatches(s, g->id, &n);
    snBufVarint(&b, n);
    patches += n;
    for (u32 k = 0; k < n; k++) {
      snBufVarint(&b, p[k].column);
      editRef(&b, &p[k].ref);
    }
  }
  assert(patches == s->npatch); /* none of a segment that is gone */
  (void)patches;
  return editPut(w, &b, s->table->id, ref);
}

/* ---- commit: tables ----------------------------------------------------- */

static int editMark(CatalogWrite *w, u32 level, u64 index) {
  CatalogLevel *l = w->over + level;
  u32 at = snCatalogNodeAt(l, index);
  if (at < l->n && l->v[at].index == index) return SEINE_OK;
  int rc = snMemGrow(w->budget, &l->v, &l->cap, (u64)l->n + 1, sizeof *l->v);
  if (rc) return rc;
  memmove(l->v + at + 1, l->v + at, (l->n - at) * sizeof *l->v);
  memset(l->v + at, 0, sizeof *l->v);
  l->v[at].index = (u32)index;
  l->n++;
  return SEINE_OK;
}

static int editLeaf(CatalogWrite *w, const CatalogEntry *leaf) {
  u32 at = snCatalogEntryAt(w->leaf, w->nleaf, leaf->slot);
  int rc = snMemGrow(w->budget, &w->leaf, &w->leaf_cap, (u64)w->nleaf + 1,
      sizeof *w->leaf);
  if (rc) return rc;
  memmove(w->leaf + at + 1, w->leaf + at, (w->nleaf - at) * sizeof *leaf);
  w->leaf[at] = *leaf;
  w->nleaf++;
  return w->depth ? editMark(w, 0, leaf->slot / CATALOG_FAN) : SEINE_OK;
}

/* Writes what is new of a table.  was: as the base has it, or NULL. */
static int editWriteTable(CatalogWrite *w, TableState *was,
    const TableState *now, bool ddl, ExtentRef *record) {
  bool schema = !was || ddl || now->table != was->table;
  TableState *s = snTableStateCopy(w->budget, now);
  int rc = SEINE_OK;
  if (!s) return SN_NOMEM;
  if (was) s->schema_ref = was->schema_ref;
  if (schema && was) rc = snWriterFree(w->store, &was->schema_ref);
  if (!rc && schema) rc = editPutSchema(w, s->table, &s->schema_ref);
  if (!rc && !schema) rc = editRelocate(w, &s->schema_ref);
  if (!rc) rc = editRelocateAll(w, s);
  if (!rc) rc = editPutRecord(w, s, record);
  snTableStateDrop(s);
  return rc;
}

static int editTable(CatalogWrite *w, const CatalogEntry *was,
    const CatalogChange *c) {
  CatalogEntry leaf = {c->slot, c->id, NULL, {0}, NULL};
  TableState *base = NULL;
  int rc = SEINE_OK;
  if (was)
    rc = snCatalogState(w->e->base, (u32)(was - w->base->entry), &base);
  if (rc) return rc;
  if (c->state) {
    leaf.name = c->state->table->name;
    rc = editWriteTable(w, base, c->state, c->ddl, &leaf.record);
  } else { /* one that came and went is no change */
    rc = snWriterFree(w->store, &base->schema_ref);
  }
  if (!rc && base) rc = snCatalogReach(base, editFreeUnlessKept, w);
  if (!rc && was) rc = snWriterFree(w->store, &was->record);
  return rc ? rc : editLeaf(w, &leaf);
}

static int editTables(CatalogWrite *w) {
  const CatalogChanges *l = w->e->changes;
  int rc = SEINE_OK;
  for (u32 i = 0; !rc && i < l->n; i++)
    if (l->v[i].state) rc = snCatalogReach(l->v[i].state, editKeep, w);
  for (u32 i = 0; !rc && i < l->n; i++)
    rc = editTable(w, editBase(w->e, l->v[i].id), l->v + i);
  return rc;
}

/* S4: an unchanged table with a record that is doubtful, or moves. */
static int editDoubtTable(CatalogWrite *w, const CatalogEntry *was) {
  CatalogChange same = {was->id, was->slot, false, false, NULL};
  if (!editMoves(w->e, &was->record) || editChange(w->e, was->id))
    return SEINE_OK;
  u32 k = (u32)(was - w->base->entry);
  int rc = snCatalogState(w->e->base, k, &same.state);
  if (!rc) rc = snCatalogReach(same.state, editKeep, w);
  return rc ? rc : editTable(w, was, &same);
}

/* S4: what is doubtful, or moves, below a node.  As deep as CATALOG_DEPTH. */
static int editDoubt(CatalogWrite *w, u32 level, u64 index) {
  const Catalog *c = w->base;
  u64 from = index * CATALOG_FAN, to = from + CATALOG_FAN;
  int rc = SEINE_OK;
  if (!level) {
    u32 i = snCatalogEntryAt(c->entry, c->n, from);
    for (; !rc && i < c->n && c->entry[i].slot < to; i++)
      rc = editDoubtTable(w, c->entry + i);
    return rc;
  }
  const CatalogLevel *l = c->level + level - 1;
  for (u32 i = snCatalogNodeAt(l, from); i < l->n && l->v[i].index < to;
      i++) {
    if (!editMoves(w->e, &l->v[i].ref)) continue;
    rc = editMark(w, level - 1, l->v[i].index);
    if (!rc) rc = editDoubt(w, level - 1, l->v[i].index);
    if (rc) return rc;
  }
  return rc;
}

/* ---- commit: nodes ------------------------------------------------------ */

static u64 editNodeTables(CatalogWrite *w, u64 from, Buf *b) {
  const Catalog *c = w->base;
  u32 i = snCatalogEntryAt(c->entry, c->n, from);
  u32 k = snCatalogEntryAt(w->leaf, w->nleaf, from);
  u64 there = 0;
  for (;;) {
    const CatalogEntry *e = i < c->n ? c->entry + i : NULL;
    if (k < w->nleaf && (!e || w->leaf[k].slot <= e->slot)) {
      if (e && e->slot == w->leaf[k].slot) i++;
      e = w->leaf + k++;
    } else {
      i++;
    }
    if (!e || e->slot >= from + CATALOG_FAN) return there;
    if (!e->record.page) continue;
    there |= 1ull << (e->slot - from);
    snBufVarint(b, e->id);
    editText(b, e->name);
    editRef(b, &e->record);
  }
}

static u64 editNodeChildren(CatalogWrite *w, u32 level, u64 from, Buf *b) {
  const CatalogLevel *old = w->base->level + level - 1;
  const CatalogLevel *new = w->over + level - 1;
  u32 i = snCatalogNodeAt(old, from), k = snCatalogNodeAt(new, from);
  u64 there = 0;
  for (;;) {
    const CatalogNode *e = i < old->n ? old->v + i : NULL;
    if (k < new->n && (!e || new->v[k].index <= e->index)) {
      if (e && e->index == new->v[k].index) i++;
      e = new->v + k++;
    } else {
      i++;
    }
    if (!e || e->index >= from + CATALOG_FAN) return there;
    if (!e->ref.page) continue;
    there |= 1ull << (e->index - from);
    editRef(b, &e->ref);
  }
}

/* Appends a node; false when it is empty. */
static bool editNode(CatalogWrite *w, u32 level, u64 index, Buf *b) {
  size_t at = b->n;
  u64 there;
  snBufU64(b, 0);
  there = level ? editNodeChildren(w, level, index * CATALOG_FAN, b)
                : editNodeTables(w, index * CATALOG_FAN, b);
  if (!b->rc) snPut64(b->data + at, there);
  return there != 0;
}

static int editWriteNode(CatalogWrite *w, u32 level, CatalogNode *node) {
  const CatalogLevel *old = w->base->level + level;
  u32 i = snCatalogNodeAt(old, node->index);
  int rc = SEINE_OK;
  Buf b;
  snBufInit(&b, w->budget);
  if (editNode(w, level, node->index, &b))
    rc = editPut(w, &b, snCatalogSeed(level, node->index), &node->ref);
  if (!rc) rc = b.rc;
  if (!rc && i < old->n && old->v[i].index == node->index)
    rc = snWriterFree(w->store, &old->v[i].ref);
  snBufClear(&b);
  return rc;
}

/* From the leaves up; each node that is written marks the one above. */
static int editNodes(CatalogWrite *w) {
  int rc = SEINE_OK;
  /* What was the root's node gets an extent when the tree grows. */
  if (w->depth > w->base->depth && w->base->n)
    rc = editMark(w, w->base->depth, 0);
  for (u32 level = 0; !rc && level < w->depth; level++) {
    CatalogLevel *l = w->over + level;
    for (u32 i = 0; !rc && i < l->n; i++) {
      rc = editWriteNode(w, level, l->v + i);
      if (!rc && level + 1 < w->depth)
        rc = editMark(w, level + 1, l->v[i].index / CATALOG_FAN);
    }
  }
  return rc;
}

/* ---- commit ------------------------------------------------------------- */

static u32 editDepth(const CatalogEdit *e) {
  u32 depth = e->base->depth;
  for (u32 i = 0; i < e->changes->n; i++)
    while ((u64)e->changes->v[i].slot >> 6 * (depth + 1)) depth++;
  return depth;
}

static int editFreeOwn(CatalogWrite *w) {
  int rc = SEINE_OK;
  for (u32 i = 0; !rc && i < w->e->nown; i++)
    rc = editFreeUnlessKept(w, w->e->own + i);
  return rc;
}

static void editWriteClear(CatalogWrite *w) {
  for (u32 i = 0; i < CATALOG_DEPTH; i++) snMemFree(w->over[i].v);
  snMemFree(w->leaf);
  snIntSetClear(&w->kept);
}

/* *ref is where the objects of the new state stand; page 0: it has none. */
static int editPutObjects(CatalogWrite *w, ExtentRef *ref) {
  const CatalogEdit *e = w->e;
  int rc = SEINE_OK;
  Buf b;
  *ref = e->base->objects_ref;
  if (!e->has_objects) return ref->page ? editRelocate(w, ref) : SEINE_OK;
  if (ref->page) rc = snWriterFree(w->store, ref);
  memset(ref, 0, sizeof *ref);
  if (rc || !e->objects->n) return rc;
  snBufInit(&b, w->budget);
  snObjectsWrite(e->objects, &b);
  return editPut(w, &b, snCatalogSeed(CATALOG_DEPTH, 0), ref);
}

/* ---- rows that ride ----------------------------------------------------- */

/* Rows of a table, and more behind them, as many as t says. */
static void editPart(Buf *b, u64 table, i64 next_rowid, const TableRows *rows,
    const TableRide *t) {
  snBufVarint(b, table);
  snBufVarint(b, snZig(next_rowid));
  snBufVarint(b, rows->nspill);
  for (u32 i = 0; i < rows->nspill; i++) {
    editRef(b, &rows->spill[i].ref);
    snBufVarint(b, rows->spill[i].docs);
  }
  snBufVarint(b, snTableRowsInline(rows) + t->docs);
  snBufVarint(b, rows->n + t->n);
  if (rows->n) snBufAdd(b, rows->p, rows->n);
  if (t->n) snBufAdd(b, t->p, t->n);
}

/* The delta of the base, open to be read: who opened the base has seen that it
** is one. */
static Rd editDelta(const CatalogEdit *e) {
  u32 n;
  const u8 *p = snSnapshotDelta(snCatalogSnapshot(e->base), &n);
  return (Rd){p, p ? p + n : p, false};
}

static int editKeepPart(CatalogWrite *w, Buf *b, u64 table, i64 next_rowid,
    const TableRows *rows) {
  static const TableRide none;
  TableSpill spill[TABLE_SPILLS];
  TableRows now = *rows;
  int rc = SEINE_OK;
  now.spill = spill;
  for (u32 i = 0; !rc && i < rows->nspill; i++) {
    spill[i] = rows->spill[i];
    rc = editRelocate(w, &spill[i].ref);
  }
  if (!rc) editPart(b, table, next_rowid, &now, &none);
  return rc ? rc : b->rc;
}

static int editKeepState(CatalogWrite *w, Buf *b, const TableState *s) {
  return s && s->rows.docs
      ? editKeepPart(w, b, s->table->id, s->next_rowid, &s->rows) : SEINE_OK;
}

/* The delta of the new state: of tables that changed what their states hold,
** of others what the base has. */
static int editRows(CatalogWrite *w, Buf *b) {
  const CatalogChanges *l = w->e->changes;
  Rd r = editDelta(w->e);
  CatalogPart part;
  u32 k = 0;
  int rc = SEINE_OK;
  while (!rc && snCatalogPart(&r, &part)) {
    for (; !rc && k < l->n && l->v[k].id < part.table; k++)
      rc = editKeepState(w, b, l->v[k].state);
    if (!rc && (k == l->n || l->v[k].id != part.table))
      rc = editKeepPart(w, b, part.table, part.next_rowid, &part.rows);
  }
  for (; !rc && k < l->n; k++) rc = editKeepState(w, b, l->v[k].state);
  assert(rc || !r.bad);
  return rc;
}

/* Tables whose rows ride, in order of ids: those of the base, and those to
** which rows come. */
typedef struct EditRiders {
  Rd r;
  const TableRide *ride;
  u32 n;
  bool ahead;        /* part was read, and its turn has not come */
  CatalogPart part;
} EditRiders;

/* What a table has and what comes; false: the end. */
static bool editRidersNext(EditRiders *x, CatalogPart *had, TableRide *come) {
  *come = (TableRide){0};
  if (!x->ahead) x->ahead = snCatalogPart(&x->r, &x->part);
  if (!x->ahead && !x->n) return false;
  had->rows = (TableRows){0};
  if (x->ahead && (!x->n || x->part.table <= x->ride->table)) {
    *had = x->part;
    had->rows.spill = had->spill;
    x->ahead = false;
    come->table = had->table;
    come->next_rowid = had->next_rowid;
    if (!x->n || x->ride->table != had->table) return true;
  }
  *come = *x->ride++;
  x->n--;
  return true;
}

/* Builds a delta; `spilled`, unless it is NULL, has what a table has and what
** comes to it.  *most: the id of the table with most rows, by bytes. */
static int editRideBuild(const CatalogEdit *e, const TableRide *rides, u32 n,
    const CatalogPart *spilled, Buf *b, u64 *most) {
  EditRiders x = {.r = editDelta(e), .ride = rides, .n = n};
  CatalogPart had;
  TableRide come;
  size_t least = 0;
  *most = 0;
  while (editRidersNext(&x, &had, &come)) {
    if (spilled && spilled->table == come.table) {
      static const TableRide none;
      editPart(b, come.table, come.next_rowid, &spilled->rows, &none);
      continue;
    }
    editPart(b, come.table, come.next_rowid, &had.rows, &come);
    if (had.rows.n + come.n <= least || had.rows.nspill == TABLE_SPILLS)
      continue;
    least = had.rows.n + come.n;
    *most = come.table;
  }
  assert(!x.r.bad);
  return b->rc;
}

/* Puts the rows of a table as an extent.  out: what it has then. */
static int editSpill(CatalogEdit *e, const TableRide *rides, u32 n, u64 table,
    CatalogPart *out) {
  EditRiders x = {.r = editDelta(e), .ride = rides, .n = n};
  TableRide come;
  Buf b;
  do {
    bool more = editRidersNext(&x, out, &come);
    assert(more); /* it is one of them */
    (void)more;
  } while (come.table != table);
  TableSpill *s = out->spill + out->rows.nspill;
  s->docs = snTableRowsInline(&out->rows) + come.docs;
  out->table = table;
  out->rows.docs += come.docs;
  out->rows.spill = out->spill;
  snBufInit(&b, e->budget);
  if (out->rows.n) snBufAdd(&b, out->rows.p, out->rows.n);
  if (come.n) snBufAdd(&b, come.p, come.n);
  int rc = b.rc;
  if (!rc) rc = snWriterSpill(e->store, b.data, b.n, table, &s->ref);
  snBufClear(&b);
  out->rows.nspill++;
  out->rows.n = 0;
  return rc;
}

int snCatalogEditRide(CatalogEdit *e, const TableRide *rides, u32 n,
    u64 most, bool *done) {
  CatalogPart spilled;
  u64 table;
  Buf b;
  *done = false;
  if (!snCatalogEditIdle(e) || !snWriterRides(e->store)) return SEINE_OK;
  most = SN_MIN(most, STORE_DELTA);
  snBufInit(&b, e->budget);
  int rc = editRideBuild(e, rides, n, NULL, &b, &table);
  if (!rc && b.n > most && table) {
    snBufClear(&b);
    rc = editSpill(e, rides, n, table, &spilled);
    if (!rc) rc = editRideBuild(e, rides, n, &spilled, &b, &table);
    if (!rc && (b.n > most || !snWriterRides(e->store))) {
      rc = snWriterFree(e->store, &spilled.spill[spilled.rows.nspill - 1].ref);
      b.n = most + 1;
    }
  }
  *done = !rc && b.n <= most;
  if (*done) rc = snWriterCommit(e->store, NULL, 0, b.data, (u32)b.n);
  snBufClear(&b);
  return rc;
}

/* ---- commit ------------------------------------------------------------- */

int snCatalogEditCommit(CatalogEdit *e) {
  CatalogWrite w = {0};
  ExtentRef objects;
  Buf b, rows;
  int rc;
  if (snCatalogEditIdle(e)) {
    snWriterRollback(e->store);
    return SEINE_OK;
  }
  w.e = e;
  w.store = e->store;
  w.budget = e->budget;
  w.base = e->base;
  w.depth = editDepth(e);
  snIntSetInit(&w.kept, e->budget);
  snBufInit(&b, e->budget);
  snBufInit(&rows, e->budget);
  rc = editTables(&w);
  if (!rc) rc = editDoubt(&w, e->base->depth, 0);
  if (!rc) rc = editNodes(&w);
  if (!rc) rc = editFreeOwn(&w);
  if (!rc) rc = editPutObjects(&w, &objects);
  if (rc) goto done;
  snBufByte(&b, objects.page ? CATALOG_OBJECTS : CATALOG_VERSION);
  snBufVarint(&b, e->base->cookie + e->moved);
  snBufVarint(&b, e->next_id);
  snBufVarint(&b, snCatalogEditCount(e));
  snBufByte(&b, (u8)w.depth);
  if (objects.page) editRef(&b, &objects);
  editNode(&w, w.depth, 0, &b);
  rc = b.rc;
  if (!rc && b.n > UINT32_MAX) rc = SEINE_TOOBIG;
  if (!rc) rc = editRows(&w, &rows);
  if (!rc)
    rc = snWriterCommit(e->store, b.data, (u32)b.n, rows.data,
        (u32)rows.n);
done:
  snBufClear(&b);
  snBufClear(&rows);
  editWriteClear(&w);
  return rc;
}
