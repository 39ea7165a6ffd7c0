/*
** compact_test: steps that move what a catalog holds to the front of the file,
** and a copy of all of it, when memory ends.
**   1  a step of each kind, again and again, of whose allocations another one
**      fails each time: it says so, and the state before it stands; the one of
**      which none fails moves something, and all that was there is found
**   2  the same of a copy into another file
*/
#include "schema/edit.h"
#include "os/os.h"
#include "../tap.h"

#define TABLES 70u
static const char path[] = "compact", copy_path[] = "compact-copy";
static Store *store;

static void say(void *arg, const char *text) {
  (void)arg;
  snprintf(tapWhy, sizeof tapWhy, "%s", text);
}

static Store *open(const char *name) {
  StoreConfig c = {.vfs = snOsMemory(), .path = name, .create = true,
      .message = say};
  Store *s = NULL;
  if (snStoreOpen(&c, &s)) return NULL;
  snWriterSetWalk(s, snCatalogWalk, s);
  return s;
}

/* Table i has a segment of 1 to 9 pages, with a piece of deletions and a
** patch. */
static int create(CatalogEdit *e, u32 i) {
  static const u8 bytes[40000];
  char name[16];
  snprintf(name, sizeof name, "t%u", i);
  Table *t = snTableNew(NULL, name, strlen(name));
  TableState *s = NULL;
  ColumnPatch p = {0};
  int rc = t ? SEINE_OK : SEINE_NOMEM;
  if (!rc) t->id = snCatalogEditNewId(e);
  if (!rc) rc = snTableAdd(t, "a", 1, TYPE_INTEGER, false, NULL, NULL);
  if (!rc) s = snTableStateNew(NULL, t);
  if (!rc && !s) rc = SEINE_NOMEM;
  if (!rc) {
    SegmentRef *g = s->seg + s->nseg++;
    *g = (SegmentRef){.id = snCatalogEditNewId(e), .docs = 10,
        .rowid_max = 9};
    g->live.deleted = g->live.n = 1;
    p = (ColumnPatch){.segment = g->id, .column = t->col[0].id};
    rc = snWriterPut(store, bytes, 100 + i % 9 * 4096, g->id, &g->ref);
    if (!rc) rc = snWriterPut(store, bytes, 100, g->id, g->live.ref);
    if (!rc) rc = snWriterPut(store, bytes, 100, g->id, &p.ref);
  }
  if (!rc) rc = snTableStatePatch(NULL, s, &p);
  if (!rc) rc = snCatalogEditPut(e, s, true);
  snTableStateDrop(s);
  snTableDrop(t);
  return rc;
}

/* So many extents can be read: those of the tables that are left. */
static int seen(void *arg, const ExtentRef *ref) {
  u32 *n = arg;
  Extent *x;
  int rc = snExtentOpen(store, ref, &x);
  if (rc) return rc;
  rc = snExtentVerify(x);
  snExtentDrop(x);
  ++*n;
  return rc;
}

static u32 extents(void) {
  Snapshot *n;
  u32 count = 0;
  if (snSnapshotOpen(store, &n)) return 0;
  if (snCatalogWalk(store, n, seen, &count)) count = 0;
  snSnapshotDrop(n);
  return count;
}

/* Half of the tables go, so that there are holes, and two commits later these
** may be used. */
static bool start(void) {
  CatalogEdit *e;
  snOsMemory()->remove(snOsMemory(), path);
  store = open(path);
  if (!store) return false;
  int rc = catalogBegin(store, &e);
  for (u32 i = 0; !rc && i < TABLES; i++) rc = create(e, i);
  rc = catalogEnd(store, e, rc);
  if (!rc) rc = catalogBegin(store, &e);
  for (u32 i = 0; !rc && i < TABLES; i += 2) {
    char name[16];
    TableState *s = NULL;
    Catalog *c = NULL;
    Snapshot *n = NULL;
    snprintf(name, sizeof name, "t%u", i);
    rc = snSnapshotOpen(store, &n);
    if (!rc) rc = snCatalogOpen(store, n, &c);
    if (!rc) rc = snCatalogFind(c, name, strlen(name), &s);
    if (!rc) rc = s ? snCatalogEditRemove(e, s->table->id) : SEINE_ERROR;
    snCatalogDrop(c);
    snSnapshotDrop(n);
  }
  rc = catalogEnd(store, e, rc);
  for (u32 i = 0; !rc && i < 3; i++) {
    rc = catalogBegin(store, &e);
    if (!rc) snCatalogEditTouch(e);
    rc = catalogEnd(store, e, rc);
  }
  return !rc;
}

/* ---- 1 ------------------------------------------------------------------ */

static int once(CompactMode mode, i64 n, bool *hit, u64 *moved) {
  CompactStep step = {.mode = mode};
  CatalogEdit *e;
  int rc = catalogBegin(store, &e);
  if (rc) return SEINE_ERROR;
  snFaultMem(n, false);
  rc = snCompactStep(e, &step);
  *hit = snFaultMemCount() >= n;
  snFaultMem(0, false);
  (void)snFaultLog();
  *moved = step.moved;
  return catalogEnd(store, e, rc);
}

static void steps(CompactMode mode, const char *name) {
  bool good = start(), hit = true;
  u32 was = extents(), fails = 0;
  u64 moved = 0;
  for (i64 n = 1; good && hit; n++) {
    int rc = once(mode, n, &hit, &moved);
    good = rc == (hit ? SEINE_NOMEM : SEINE_OK);
    if (!good) snprintf(tapWhy, sizeof tapWhy, "%d: rc %d", (int)n, rc);
    fails += hit;
  }
  tapOk(good && fails > 10 && moved, "%s", name);
  tapOk(was && extents() == was, "... all is there");
  if (store) snStoreClose(store);
}

/* ---- 2 ------------------------------------------------------------------ */

static int copyOnce(i64 n, bool *hit, u32 *tables) {
  Snapshot *at = NULL;
  Catalog *c = NULL, *is = NULL;
  snOsMemory()->remove(snOsMemory(), copy_path);
  Store *into = open(copy_path);
  int rc = into ? snSnapshotOpen(store, &at) : SEINE_ERROR;
  if (!rc) rc = snCatalogOpen(store, at, &c);
  if (rc) return SEINE_ERROR;
  snFaultMem(n, false);
  rc = snCompactInto(c, into, NULL, NULL);
  *hit = snFaultMemCount() >= n;
  snFaultMem(0, false);
  (void)snFaultLog();
  snCatalogDrop(c);
  snSnapshotDrop(at);
  *tables = 0;
  if (!snSnapshotOpen(into, &at)) {
    if (!snCatalogOpen(into, at, &is)) *tables = snCatalogCount(is);
    snCatalogDrop(is);
    snSnapshotDrop(at);
  }
  snStoreClose(into);
  return rc;
}

static void copies(void) {
  bool good = start(), hit = true;
  u32 tables = 0, fails = 0;
  for (i64 n = 1; good && hit; n += 1 + n / 12) {
    int rc = copyOnce(n, &hit, &tables);
    good = rc == (hit ? SEINE_NOMEM : SEINE_OK) && tables == (hit ? 0 : 35);
    if (!good)
      snprintf(tapWhy, sizeof tapWhy, "%d: rc %d, %u tables", (int)n, rc,
          tables);
    fails += hit;
  }
  tapOk(good && fails > 30, "a copy has all tables, or none");
  if (store) snStoreClose(store);
  snOsMemory()->remove(snOsMemory(), copy_path);
  snOsMemory()->remove(snOsMemory(), path);
}

int main(void) {
  steps(COMPACT_FILL, "what is behind fills holes");
  steps(COMPACT_SLIDE, "what fits slides to the front");
  steps(COMPACT_LIFT, "what stands behind the largest hole is lifted");
  copies();
  return tapEnd();
}
