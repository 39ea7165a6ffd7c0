/*
** edit_test: edits of a catalog whose rows ride, and of one in doubt.
**   1  rows come to those that ride: to tables before, among and behind these;
**      the table with most of them is spilled, unless it has spills enough
**   2  what does not ride, and has changed nothing
**   3  a commit with a root lets the others' rows ride on
**   4  a state in doubt: all that it wrote is written anew; each allocation
**      and each call of that fails, or a sample when SEINE_QUICK is set
**   5  no memory, and calls that fail, for rows that ride and are spilled, and
**      for extents that no state needs
**   6  extents are written anew; a table that was read by somebody else; nodes
**      in front of others
**   7  what is refused
*/
#include "schema/edit.h"
#include "store/probe.h"
#include "../tap.h"

#define EDIT_TABLES 70u
static const char edit_path[] = "edit";
static Store *edit_store;

static void editSay(void *arg, const char *text) {
  (void)arg;
  snprintf(tapWhy, sizeof tapWhy, "%s", text);
}

static Store *editOpen(void) {
  StoreConfig c = {.vfs = &probeVfs, .path = edit_path, .create = true,
      .message = editSay};
  Store *s = NULL;
  if (snStoreOpen(&c, &s)) return NULL;
  snWriterSetWalk(s, snCatalogWalk, s);
  return s;
}

static void editName(char out[16], u32 i) { snprintf(out, 16, "t%u", i); }

/* Table i has the id i + 1. */
static int editCreate(CatalogEdit *e, u32 i) {
  char name[16];
  editName(name, i);
  Table *t = snTableNew(NULL, name, strlen(name));
  TableState *s = NULL;
  int rc = t ? SEINE_OK : SEINE_NOMEM;
  if (!rc) t->id = snCatalogEditNewId(e);
  if (!rc) rc = snTableAdd(t, "a", 1, TYPE_INTEGER, false, NULL, NULL);
  if (!rc) s = snTableStateNew(NULL, t);
  if (!rc && !s) rc = SEINE_NOMEM;
  if (!rc) rc = snCatalogEditPut(e, s, true);
  snTableStateDrop(s);
  snTableDrop(t);
  return rc;
}

static int editPut(u64 seed, ExtentRef *ref) {
  static const u8 bytes[5000];
  return snWriterPut(edit_store, bytes, sizeof bytes, seed, ref);
}

/* A segment with two pieces of deletions and a patch. */
static int editSegment(CatalogEdit *e, u32 i) {
  TableState *was, *now = NULL;
  int rc = snCatalogEditById(e, i + 1, &was);
  if (!rc) now = snTableStateCopy(NULL, was);
  if (!rc && !now) rc = SEINE_NOMEM;
  if (rc) return rc;
  SegmentRef *g = now->seg + now->nseg++;
  *g = (SegmentRef){.id = snCatalogEditNewId(e), .docs = 10, .rowid_max = 9};
  g->live.deleted = g->live.n = 2;
  ColumnPatch p = {.segment = g->id, .column = now->table->col[0].id};
  rc = editPut(g->id, &g->ref);
  for (u32 k = 0; !rc && k < 2; k++) rc = editPut(g->id, g->live.ref + k);
  if (!rc) rc = editPut(g->id, &p.ref);
  if (!rc) rc = snTableStatePatch(NULL, now, &p);
  if (!rc) rc = snCatalogEditPut(e, now, false);
  snTableStateDrop(now);
  return rc;
}

/* So many tables. */
static bool editStart(u32 tables) {
  CatalogEdit *e;
  snOsMemory()->remove(snOsMemory(), edit_path);
  edit_store = editOpen();
  int rc = catalogBegin(edit_store, &e);
  for (u32 i = 0; !rc && i < tables; i++) rc = editCreate(e, i);
  return !catalogEnd(edit_store, e, rc);
}

/* ---- what rides --------------------------------------------------------- */

/* Rows of a table as they are to be: bytes of the tag, and in spills. */
typedef struct EditWant {
  u32 docs, n, spills;
} EditWant;

static u8 edit_bytes[STORE_DELTA];

/* `docs` rows of `each` bytes come to table i. */
static TableRide rideOf(u32 i, u32 docs, u32 each) {
  return (TableRide){i + 1, 100 + docs, edit_bytes, (size_t)docs * each, docs};
}

static int rideDo(const TableRide *rides, u32 n, u64 most, bool *done) {
  CatalogEdit *e;
  int rc = catalogBegin(edit_store, &e);
  if (rc) return rc;
  rc = snCatalogEditRide(e, rides, n, most, done);
  snCatalogEditFree(e);
  if (rc || !*done) snWriterRollback(edit_store);
  return rc;
}

static bool rideHas(u32 i, EditWant w) {
  Snapshot *n = NULL;
  Catalog *c = NULL;
  TableState *t = NULL;
  int rc = snSnapshotOpen(edit_store, &n);
  if (!rc) rc = snCatalogOpen(edit_store, n, &c);
  if (!rc) rc = snCatalogById(c, i + 1, &t);
  bool good = !rc && t && t->rows.docs == w.docs && t->rows.n == w.n
      && t->rows.nspill == w.spills;
  if (!good) snprintf(tapWhy, sizeof tapWhy, "table %u: rc %d, %u rows, %u "
      "bytes, %u spills", i, rc, t ? t->rows.docs : 0, t ? t->rows.n : 0,
      t ? t->rows.nspill : 0);
  snCatalogDrop(c);
  snSnapshotDrop(n);
  return good;
}

static bool rideSound(void) {
  Snapshot *n = NULL;
  bool good = !snSnapshotOpen(edit_store, &n)
      && !snStoreCheck(edit_store, n, editSay, NULL);
  snSnapshotDrop(n);
  return good;
}

static void mergeGroup(void) {
  bool done = false;
  TableRide two = rideOf(2, 2, 10), all[] = {rideOf(0, 1, 7), rideOf(2, 3, 10),
      rideOf(4, 1, 9)};
  tapOk(editStart(6) && !rideDo(&two, 1, 1000, &done) && done
      && rideHas(2, (EditWant){2, 20, 0}), "rows of one table");
  tapOk(!rideDo(all, 3, 1000, &done) && done
      && rideHas(0, (EditWant){1, 7, 0}) && rideHas(2, (EditWant){5, 50, 0})
      && rideHas(4, (EditWant){1, 9, 0}) && rideHas(1, (EditWant){0, 0, 0}),
      "before, to and behind those that ride");
  all[0] = rideOf(1, 1, 3);
  all[1] = rideOf(3, 1, 4);
  all[2] = rideOf(5, 1, 5);
  tapOk(!rideDo(all, 3, 1000, &done) && done
      && rideHas(1, (EditWant){1, 3, 0}) && rideHas(3, (EditWant){1, 4, 0})
      && rideHas(5, (EditWant){1, 5, 0}) && rideHas(2, (EditWant){5, 50, 0}),
      "among them");
  tapOk(!rideDo(NULL, 0, 1000, &done) && done
      && rideHas(2, (EditWant){5, 50, 0}), "none");
  snStoreClose(edit_store);
}

static void spillGroup(void) {
  bool done = false, good = editStart(6);
  TableRide a = rideOf(1, 3, 40), b = rideOf(3, 2, 100), c = rideOf(4, 1, 90);
  good = good && !rideDo(&a, 1, 300, &done) && done
      && !rideDo(&c, 1, 300, &done) && done;
  tapOk(good && !rideDo(&b, 1, 300, &done) && done
      && rideHas(3, (EditWant){2, 0, 1}) && rideHas(1, (EditWant){3, 120, 0})
      && rideHas(4, (EditWant){1, 90, 0}), "rows that come are most: spilled");
  c = rideOf(4, 1, 70);
  tapOk(!rideDo(&c, 1, 300, &done) && done && rideHas(4, (EditWant){2, 0, 1})
      && rideHas(1, (EditWant){3, 120, 0}), "with those that rode");
  a = rideOf(0, 1, 119);
  tapOk(!rideDo(&a, 1, 300, &done) && done && rideHas(1, (EditWant){3, 0, 1})
      && rideHas(0, (EditWant){1, 119, 0}), "those that rode are most");
  tapOk(rideSound(), "sound");
  snStoreClose(edit_store);
}

/* Spills are as many as there may be; then another table is spilled, or none
** rides. */
static void spillMost(void) {
  bool done = false, good = editStart(3);
  TableRide a = rideOf(1, 1, 2500), b = rideOf(0, 1, 1800);
  for (u32 i = 0; good && i < TABLE_SPILLS; i++)
    good = !rideDo(&a, 1, 1400, &done) && done;
  tapOk(good && rideHas(1, (EditWant){TABLE_SPILLS, 0, TABLE_SPILLS}),
      "as many spills as there may be");
  a = rideOf(1, 1, 1300);
  tapOk(!rideDo(&a, 1, STORE_DELTA, &done) && done
      && !rideDo(&b, 1, STORE_DELTA, &done) && done
      && rideHas(0, (EditWant){1, 0, 1})
      && rideHas(1, (EditWant){TABLE_SPILLS + 1, 1300, TABLE_SPILLS}),
      "another table has less, and is spilled");
  a = rideOf(1, 1, 2500);
  tapOk(!rideDo(&a, 1, STORE_DELTA, &done) && !done
      && rideHas(1, (EditWant){TABLE_SPILLS + 1, 1300, TABLE_SPILLS})
      && rideHas(0, (EditWant){1, 0, 1}), "no room, and nothing to spill");
  b = rideOf(0, 1, 1000);
  a = rideOf(2, 1, 1900);
  tapOk(!rideDo(&b, 1, STORE_DELTA, &done) && done
      && rideHas(0, (EditWant){2, 1000, 1})
      && !rideDo(&a, 1, 1400, &done) && !done
      && rideHas(2, (EditWant){0, 0, 0}) && rideSound(),
      "to spill would not be enough: the pages go back");
  snStoreClose(edit_store);
}

/* ---- 2: not ------------------------------------------------------------- */

static u64 editSize(void) {
  File *f = NULL;
  u64 n = 0;
  if (snOsMemory()->open(snOsMemory(), edit_path, 0, &f)) return 0;
  (void)f->ops->size(f, &n);
  f->ops->close(f);
  return n;
}

static void notGroup(void) {
  CatalogEdit *e = NULL;
  bool done = true, good = editStart(3);
  TableRide a = rideOf(1, 1, 500), b = rideOf(2, 2, 900);
  good = good && !catalogBegin(edit_store, &e) && !editCreate(e, 3)
      && !snCatalogEditRide(e, &a, 1, 1000, &done) && !done;
  tapOk(good && !catalogEnd(edit_store, e, SEINE_OK) && rideHas(1, (EditWant){0, 0, 0})
      && rideHas(3, (EditWant){0, 0, 0}), "an edit that has changes");
  ExtentRef r;
  good = !catalogBegin(edit_store, &e) && !editPut(1, &r) && snCatalogEditIdle(e)
      && !snCatalogEditRide(e, &a, 1, 1000, &done) && !done;
  snCatalogEditFree(e);
  snWriterRollback(edit_store);
  tapOk(good && rideHas(1, (EditWant){0, 0, 0}), "an extent was put");
  good = !rideDo(&a, 1, 1000, &done) && done && !snWriterShrink(edit_store);
  probeRoom = editSize();
  done = true;
  for (u32 i = 0; good && done && i < 200; i++)
    good = !rideDo(&b, 1, 1000, &done);
  probeRoom = 0;
  tapOk(good && !done && rideSound(),
      "a spill that takes pages which were buried");
  snStoreClose(edit_store);
}

/* ---- 3: riding on ------------------------------------------------------- */

/* Three tables have rows: 1 of both kinds, 3 in the claim, 5 spilled. */
static bool onStart(void) {
  bool done = false;
  TableRide a[] = {rideOf(1, 2, 200), rideOf(5, 1, 250)};
  TableRide b[] = {rideOf(1, 1, 30), rideOf(3, 1, 60)};
  return !rideDo(a, 1, 100, &done) && done && !rideDo(a + 1, 1, 100, &done)
      && done && !rideDo(b, 2, 1000, &done) && done;
}

static bool onHas(void) {
  return rideHas(1, (EditWant){3, 30, 1}) && rideHas(3, (EditWant){1, 60, 0})
      && rideHas(5, (EditWant){1, 0, 1});
}

static void onGroup(void) {
  CatalogEdit *e = NULL;
  TableState *t, *now;
  static const TableRows none;
  tapOk(editStart(8) && onStart() && onHas(), "rows of three tables");
  tapOk(!catalogBegin(edit_store, &e) && !catalogEnd(edit_store, e, editCreate(e, 8)) && onHas(),
      "a table comes");
  for (u32 i = 0; i < 7; i++) {
    bool good = !catalogBegin(edit_store, &e) && !catalogEnd(edit_store, e, editSegment(e, i));
    tapOk(good && onHas(), "a segment of table %u", i);
  }
  tapOk(!catalogBegin(edit_store, &e) && !catalogEnd(edit_store, e, snCatalogEditRemove(e, 4))
      && rideHas(1, (EditWant){3, 30, 1}) && rideHas(5, (EditWant){1, 0, 1}),
      "a table goes, with its rows");
  int rc = catalogBegin(edit_store, &e);
  if (!rc) rc = snCatalogEditById(e, 2, &t);
  now = rc ? NULL : snTableStateCopy(NULL, t);
  if (now) rc = snTableStateRows(NULL, now, &none);
  if (now) rc = rc ? rc : snCatalogEditPut(e, now, false);
  snTableStateDrop(now);
  tapOk(!catalogEnd(edit_store, e, rc) && rideHas(1, (EditWant){0, 0, 0})
      && rideHas(5, (EditWant){1, 0, 1}) && rideSound(),
      "the rows of one go");
  snStoreClose(edit_store);
}

/* ---- 4: in doubt -------------------------------------------------------- */

static ProbeImage doubt_image;

/* The sync of its last commit has failed: a segment, an object and a table,
** or rows that were spilled. */
static bool doubtStart(bool rides) {
  CatalogEdit *e = NULL;
  bool done, good = editStart(EDIT_TABLES) && onStart() && !catalogBegin(edit_store, &e);
  TableRide a = rideOf(3, 1, 500);
  int rc = editSegment(e, 66);
  if (!rc) rc = snCatalogEditPutObject(e, OBJECT_VIEW, "v", "AS SELECT 1");
  good = good && !catalogEnd(edit_store, e, rc);
  if (rides) {
    probeFail(PROBE_SYNC, 1, false);
    rc = rideDo(&a, 1, 300, &done);
  } else {
    good = good && !catalogBegin(edit_store, &e);
    rc = editSegment(e, 66);
    if (!rc) rc = editSegment(e, 3);
    if (!rc) rc = snCatalogEditPutObject(e, OBJECT_VIEW, "w", "AS SELECT 2");
    probeFail(PROBE_SYNC, 1, false);
    rc = catalogEnd(edit_store, e, rc);
  }
  good = good && rc == SEINE_IOERR && snWriterUnknown(edit_store);
  snStoreClose(edit_store);
  return good && probeSave(&doubt_image, edit_path);
}

static u32 doubt_refs;
static int doubtSeen(void *arg, const ExtentRef *ref) {
  doubt_refs += snWriterDoubtful(arg, ref);
  return SEINE_OK;
}

/* How many extents of the newest state are in doubt. */
static u32 doubtCount(void) {
  Snapshot *n = NULL;
  doubt_refs = 0;
  int rc = snSnapshotOpen(edit_store, &n);
  if (!rc) rc = snCatalogWalk(edit_store, n, doubtSeen, edit_store);
  snSnapshotDrop(n);
  return rc ? UINT32_MAX : doubt_refs;
}

static int doubtEdit(u32 what, u32 *doubtful) {
  CatalogEdit *e = NULL;
  int rc = catalogBegin(edit_store, &e);
  *doubtful = rc ? 0 : doubtCount();
  if (!rc && what == 0) rc = editCreate(e, EDIT_TABLES);
  if (!rc && what == 1) rc = editSegment(e, 66);
  if (!rc && what == 2) rc = snCatalogEditRemove(e, 67);
  if (!rc && what == 3) snCatalogEditTouch(e);
  if (!rc && what == 4) rc = editSegment(e, 3); /* its rows ride */
  return rc && !e ? rc : catalogEnd(edit_store, e, rc);
}

/* All is there; and what the edit has done, if it has. */
static bool doubtHas(bool rides, u32 what, bool did) {
  Snapshot *n = NULL;
  Catalog *c = NULL;
  TableState *t = NULL;
  u32 tables = EDIT_TABLES, segs = rides ? 1 : 2;
  int rc = snSnapshotOpen(edit_store, &n);
  if (!rc) rc = snCatalogOpen(edit_store, n, &c);
  if (!rc) rc = snCatalogById(c, 67, &t);
  if (did) {
    tables += what == 0 ? 1 : what == 2 ? (u32)-1 : 0;
    segs = what == 1 ? segs + 1 : what == 2 ? 0 : segs;
  }
  bool good = !rc && snCatalogCount(c) == tables
      && (t ? t->nseg : 0) == segs && snCatalogObject(c, 0)
      && !snCatalogObject(c, 1) == rides;
  snCatalogDrop(c);
  snSnapshotDrop(n);
  return good && rideHas(3, rides ? (EditWant){2, 0, 1} : (EditWant){1, 60, 0})
      && rideHas(1, (EditWant){3, 30, 1}) && rideHas(5, (EditWant){1, 0, 1})
      && rideSound();
}

/* kind PROBE_KINDS: allocations. */
static void doubtFail(int kind, u64 n) {
  snFaultMem(kind == PROBE_KINDS ? (i64)n : 0, false);
  probeFail(kind == PROBE_KINDS ? PROBE_OPEN : (ProbeKind)kind,
      kind == PROBE_KINDS ? 0 : n, false);
}

/* The edit while the n-th call fails, and if it does, again. */
static bool doubtOnce(bool rides, u32 what, int kind, u64 n, bool *hit) {
  u32 doubtful;
  if (!probeBack(&doubt_image, edit_path)) return false;
  edit_store = editOpen();
  doubtFail(kind, n);
  int rc = doubtEdit(what, &doubtful);
  *hit = kind == PROBE_KINDS ? snFaultMemCount() >= (i64)n : probeHit;
  doubtFail(kind, 0);
  bool good = !rc || rc == SEINE_NOMEM || rc == SEINE_IOERR
      || rc == SEINE_FULL;
  if (snWriterPoisoned(edit_store)) {
    snStoreClose(edit_store);
    edit_store = editOpen();
  }
  bool did = !rc || doubtHas(rides, what, true);
  good = good && doubtHas(rides, what, did);
  if (!did) good = good && !doubtEdit(what, &doubtful) && doubtful > 0
      && doubtHas(rides, what, true);
  snStoreClose(edit_store);
  if (!good) printf("# what %u, kind %d, call %llu, rc %d\n", what, kind,
      (unsigned long long)n, rc);
  return good;
}

static void doubtGroup(bool rides) {
  bool few = getenv("SEINE_QUICK") != NULL;
  static const char *const names[] = {"a table comes", "a segment", "one goes",
      "nothing changes", "a segment of a table with rows"};
  tapOk(doubtStart(rides), "a state in doubt%s", rides ? ", of a spill" : "");
  for (u32 what = 0; what < SN_COUNT(names); what++) {
    bool good = true;
    u32 hits = 0;
    for (int kind = 0; good && kind <= PROBE_KINDS; kind++) {
      bool hit = true;
      bool all = kind == PROBE_KINDS && !rides && (what == 2 || what == 3);
      for (u64 n = 1; good && hit; n += 1 + (few && !all ? n / 16 : 0)) {
        good = doubtOnce(rides, what, kind, n, &hit);
        hits += hit;
      }
    }
    tapOk(good && hits > 100, "%s: %u calls fail", names[what], hits);
  }
}

/* ---- 5: failures -------------------------------------------------------- */

static int failRide(bool *done) {
  TableRide a[] = {rideOf(1, 2, 100), rideOf(3, 3, 300)};
  return rideDo(a, 2, 500, done);
}

/* Ten extents, of which every second one no state needs. */
static int failOwn(bool *done) {
  CatalogEdit *e = NULL;
  ExtentRef r[40] = {{0}};
  int rc = catalogBegin(edit_store, &e);
  for (u32 i = 0; !rc && i < SN_COUNT(r); i++) {
    rc = editPut(1, r + i);
    if (!rc && i % 2) rc = snCatalogEditOwn(e, r + i);
  }
  if (!rc) rc = editCreate(e, EDIT_TABLES);
  if (e || !rc) rc = catalogEnd(edit_store, e, rc);
  *done = !rc;
  return rc;
}

typedef int (*FailDo)(bool *done);

static bool failOnce(FailDo doing, int kind, u64 n, bool *hit) {
  bool done = false;
  if (!probeBack(&doubt_image, edit_path)) return false;
  edit_store = editOpen();
  doubtFail(kind, n);
  int rc = doing(&done);
  *hit = kind == PROBE_KINDS ? snFaultMemCount() >= (i64)n : probeHit;
  doubtFail(kind, 0);
  bool good = !rc || rc == SEINE_NOMEM || rc == SEINE_IOERR
      || rc == SEINE_FULL;
  if (rc && snWriterPoisoned(edit_store)) {
    snStoreClose(edit_store);
    edit_store = editOpen();
  }
  if (doing == failRide && !rc && done)
    good = good && rideHas(3, (EditWant){3, 0, 1})
        && rideHas(1, (EditWant){2, 200, 0});
  if (rc) good = good && (rideHas(1, (EditWant){0, 0, 0})
      || rideHas(1, (EditWant){2, 200, 0}));
  good = good && rideSound();
  snStoreClose(edit_store);
  if (!good) printf("# kind %d, call %llu, rc %d\n", kind,
      (unsigned long long)n, rc);
  return good;
}

static void failGroup(FailDo doing, const char *name) {
  bool good = editStart(EDIT_TABLES);
  u32 hits = 0;
  snStoreClose(edit_store);
  good = good && probeSave(&doubt_image, edit_path);
  for (int kind = 0; good && kind <= PROBE_KINDS; kind++) {
    bool hit = true;
    for (u64 n = 1; good && hit; n++) {
      good = failOnce(doing, kind, n, &hit);
      hits += hit;
    }
  }
  tapOk(good && hits > 100, "%s: %u calls fail", name, hits);
}

/* ---- 6: anew ------------------------------------------------------------ */

/* A table whose segment has so many bytes. */
static bool anewStart(u64 len, ExtentRef *ref) {
  CatalogEdit *e = NULL;
  TableState *was, *now = NULL;
  u8 *bytes = calloc(1, len);
  bool good = editStart(3) && !catalogBegin(edit_store, &e);
  int rc = snCatalogEditById(e, 2, &was);
  if (!rc) now = snTableStateCopy(NULL, was);
  SegmentRef *g = now->seg + now->nseg++;
  *g = (SegmentRef){.id = snCatalogEditNewId(e), .docs = 1};
  if (!rc) rc = snWriterPut(edit_store, bytes, len, g->id, &g->ref);
  *ref = g->ref;
  if (!rc) rc = snCatalogEditPut(e, now, false);
  if (!rc) rc = snCatalogEditPutObject(e, OBJECT_VIEW, "v", "AS SELECT 1");
  snTableStateDrop(now);
  free(bytes);
  return good && !catalogEnd(edit_store, e, rc);
}

/* The segment, its record, and the objects are written anew. */
static int anewDo(const ExtentRef *ref, ExtentRef *now) {
  CatalogEdit *e = NULL;
  int rc = catalogBegin(edit_store, &e);
  TableState *t = NULL;
  const Catalog *c = rc ? NULL : snCatalogEditBase(e);
  if (!rc) rc = snCatalogEditMove(e, ref, NULL);
  for (u32 k = 0; !rc && k < c->n; k++)
    if (c->entry[k].id == 2)
      rc = snCatalogEditMove(e, &c->entry[k].record, NULL);
  if (!rc) rc = snCatalogEditMove(e, &c->objects_ref, NULL);
  if (!rc) rc = snCatalogEditMove(e, &c->objects_ref, NULL); /* once more */
  if (e || !rc) rc = catalogEnd(edit_store, e, rc);
  if (rc) return rc;
  rc = catalogBegin(edit_store, &e);
  if (!rc) rc = snCatalogEditById(e, 2, &t);
  if (!rc) *now = t->seg[0].ref;
  if (!rc && !snCatalogEditObject(e, 0)) rc = SEINE_ERROR;
  snCatalogEditFree(e);
  snWriterRollback(edit_store);
  return rc;
}

static void anewGroup(void) {
  ExtentRef ref, now = {0};
  tapOk(anewStart(200000, &ref) && !anewDo(&ref, &now)
      && now.page != ref.page && now.len == ref.len && now.seed == ref.seed
      && rideSound(), "what is marked is written anew");
  snStoreClose(edit_store);
  File *f = NULL;
  bool good = anewStart(200000, &ref)
      && !snOsMemory()->open(snOsMemory(), edit_path, 0, &f)
      && !f->ops->write(f, ref.page * SN_PAGE + 100000, "x", 1);
  if (f) f->ops->close(f);
  tapWhy[0] = 0;
  tapOk(good && anewDo(&ref, &now) == SEINE_CORRUPT
      && strstr(tapWhy, "is damaged") && rideSound(),
      "... unless it is damaged");
  snStoreClose(edit_store);
}

/* Its table is not the one of the base, though nobody has changed it. */
static void twinGroup(void) {
  CatalogEdit *e = NULL;
  Snapshot *n = NULL;
  Catalog *c = NULL;
  TableState *t = NULL, *base = NULL, *now = NULL;
  bool good = editStart(3) && !snSnapshotOpen(edit_store, &n)
      && !snCatalogOpen(edit_store, n, &c) && !snCatalogById(c, 2, &t)
      && !catalogBegin(edit_store, &e) && !snCatalogEditById(e, 2, &base)
      && base->table != t->table;
  ExtentRef was = t->schema_ref;
  now = snTableStateCopy(NULL, t);
  good = good && now && !snCatalogEditPut(e, now, false);
  snTableStateDrop(now);
  snCatalogDrop(c);
  snSnapshotDrop(n);
  good = !catalogEnd(edit_store, e, SEINE_OK) && good;
  c = NULL;
  good = good && !snSnapshotOpen(edit_store, &n)
      && !snCatalogOpen(edit_store, n, &c) && !snCatalogById(c, 2, &t)
      && t->schema_ref.page != was.page && t->table->ncol == 1;
  snCatalogDrop(c);
  snSnapshotDrop(n);
  tapOk(good && rideSound(), "a table that somebody else has read");
  snStoreClose(edit_store);
}

/* All tables of the first node go; others come there, in front of the rest. */
static void frontGroup(void) {
  CatalogEdit *e = NULL;
  bool good = editStart(EDIT_TABLES) && !catalogBegin(edit_store, &e);
  int rc = SEINE_OK;
  for (u32 i = 0; !rc && i < CATALOG_FAN; i++)
    rc = snCatalogEditRemove(e, i + 1);
  good = good && !catalogEnd(edit_store, e, rc) && !catalogBegin(edit_store, &e)
      && snCatalogEditCount(e) == EDIT_TABLES - CATALOG_FAN;
  good = good && !catalogEnd(edit_store, e, editCreate(e, 1000)) && !catalogBegin(edit_store, &e);
  good = good && snCatalogEditCount(e) == EDIT_TABLES - CATALOG_FAN + 1;
  TableState *t = NULL;
  good = good && !snCatalogEditFind(e, "t1000", 5, &t) && t
      && !snCatalogEditFind(e, "t69", 3, &t) && t
      && !snCatalogEditFind(e, "t0", 2, &t) && !t;
  const char *name = "";
  good = good && !snCatalogEditName(e, 0, &name) && !strcmp(name, "t1000");
  snCatalogEditFree(e);
  snWriterRollback(edit_store);
  tapOk(good && rideSound(), "a node in front of those that are left");
  snStoreClose(edit_store);
}

/* ---- 7: refused --------------------------------------------------------- */

static void refuseGroup(void) {
  CatalogEdit *e = NULL;
  TableState *t = NULL, *now;
  const char *name = "";
  bool good = editStart(3) && !catalogBegin(edit_store, &e) && !snCatalogEditById(e, 2, &t);
  tapOk(good && snCatalogEditName(e, 3, &name) == SEINE_RANGE && !name
      && !snCatalogEditName(e, 2, &name) && !strcmp(name, "t2"),
      "a table behind the last");
  static const u64 ids[] = {0, 4, UINT64_MAX};
  for (u32 i = 0; i < SN_COUNT(ids); i++) {
    Table *other = snTableNew(NULL, "other", 5);
    other->id = ids[i];
    now = snTableStateNew(NULL, other);
    tapOk(snCatalogEditPut(e, now, true) == SEINE_MISUSE
        && snCatalogEditIdle(e), "an id that was not given");
    snTableStateDrop(now);
    snTableDrop(other);
  }
  tapOk(snCatalogEditRemove(e, 4) == SEINE_ERROR && snCatalogEditIdle(e)
      && !catalogEnd(edit_store, e, SEINE_OK), "a table that is not there");
  bool moved = true;
  ExtentRef from = {9, 1, 1, 1}, to = {12, 1, 1, 1};
  good = !catalogBegin(edit_store, &e);
  u32 failed = 0;
  for (i64 n = 1; good && moved && n < 10; n++) {
    snFaultMem(n, false);
    int rc = snCatalogEditMove(e, &from, &to);
    snFaultMem(0, false);
    failed += rc == SEINE_NOMEM;
    good = !rc || rc == SEINE_NOMEM;
    moved = rc == SEINE_NOMEM;
    if (moved) { /* the set has failed: of another edit */
      snCatalogEditFree(e);
      snWriterRollback(edit_store);
      good = good && !catalogBegin(edit_store, &e);
    }
  }
  tapOk(good && failed >= 2, "no memory to note what has moved");
  snCatalogEditFree(e);
  snWriterRollback(edit_store);
  snStoreClose(edit_store);
}

int main(void) {
  probeOver(snOsMemory());
  memset(edit_bytes, 7, sizeof edit_bytes);
  mergeGroup();
  spillGroup();
  spillMost();
  notGroup();
  onGroup();
  doubtGroup(false);
  doubtGroup(true);
  failGroup(failRide, "rows that ride and are spilled");
  failGroup(failOwn, "extents that nobody needs");
  anewGroup();
  twinGroup();
  frontGroup();
  refuseGroup();
  free(doubt_image.bytes);
  snOsMemory()->remove(snOsMemory(), edit_path);
  return tapEnd();
}
