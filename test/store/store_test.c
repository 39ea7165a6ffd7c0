/*
** The store under a toy catalog.
**   1 plain: random commits against a model, reopened after every commit,
**     on the unix and the memory vfs, mapped and read
**   2 readers: another handle keeps old snapshots and reads them again
**   3 rollback, streams, free pages, shrinking, foreign and damaged files
**   4 failures: a handle whose sync failed
**   5 memory: every allocation of a transaction fails once
**   6 crashes: a disk that loses, keeps, or garbles every sector that was not
**     synced; processes killed at any I/O; syncs that fail with the cache
**     kept or reverted.  What opens is the last acknowledged state or one
**     that was in flight; after a power loss only what opened.
**
** usage: store_test [images [seed]]
*/
#include "store/store.h"
#include "disk.h"

static Disk live, image;
static Vfs liveVfs = DISK_VFS("disk-live", &live);
static Vfs imageVfs = DISK_VFS("disk-image", &image);

#define KEYS  8u
#define SPILL (KEYS - 1) /* the key that rides, when something does */

typedef struct Toy {
  ExtentRef ref[KEYS];
  u64 tag[KEYS]; /* what the extent holds; 0: nothing */
  u64 ride;      /* the tag of what rides in the claim; 0: nothing */
} Toy;
#define RIDE_HEAD (16 + EXTENT_REF_BYTES) /* ride, tag and ref of the spill */

static int testCount, testFailed;
static char lastMessage[512];
static int depth; /* 1: inside a probe, while a transaction is under way */

static bool ok(bool good, const char *what) {
  testCount++;
  if (!good) testFailed++;
  printf("%sok %d - %s\n", good ? "" : "not ", testCount, what);
  if (!good) printf("# %s\n# %s\n", lastMessage, snFaultLog());
  return good;
}

static void message(void *arg, const char *text) {
  (void)arg;
  snprintf(lastMessage, sizeof lastMessage, "%s", text);
}

/* ---- the toy catalog ---------------------------------------------------- */

/* The low bits of a tag tell the length, the rest the bytes. */
static u64 tagNew(u32 size) { return (rnd() << 24 | size) + (1ull << 24); }
static u32 tagLen(u64 tag) { return (u32)(tag & 0xffffff); }

static void tagFill(u64 tag, u8 *p) {
  u32 n = tagLen(tag);
  u64 x = tag;
  for (u32 i = 0; i < n; i += 8) {
    x = x * 6364136223846793005ull + 1442695040888963407ull;
    memcpy(p + i, &x, SN_MIN(n - i, 8));
  }
}

static bool tagSame(u64 tag, const u8 *p) {
  static u8 want[1 << 24];
  tagFill(tag, want);
  return !memcmp(p, want, tagLen(tag));
}

static u64 tagRide(void) {
  return tagNew((u32)(RIDE_HEAD + upTo(STORE_DELTA - RIDE_HEAD + 1)));
}

/* A delta: its tag, the spill, then bytes of the tag. */
static void toyDelta(const Toy *t, u8 *p) {
  if (!t->ride) return;
  tagFill(t->ride, p);
  memcpy(p, &t->ride, 8);
  memcpy(p + 8, t->tag + SPILL, 8);
  snExtentRefPut(p + 16, t->ref + SPILL);
}

static bool toyRides(Toy *t, const u8 *p, u32 n) {
  u8 want[STORE_DELTA];
  if (n < RIDE_HEAD || n > STORE_DELTA) return false;
  memcpy(&t->ride, p, 8);
  memcpy(t->tag + SPILL, p + 8, 8);
  snExtentRefGet(p + 16, t->ref + SPILL);
  if (tagLen(t->ride) != n) return false;
  toyDelta(t, want);
  return !memcmp(p, want, n);
}

static bool toyLoad(Snapshot *n, Toy *t) {
  u32 len;
  const u8 *p = snSnapshotRoot(n, &len);
  memset(t, 0, sizeof *t);
  if (!len) return snSnapshotTxid(n) == 0;
  if (len != sizeof *t) return false;
  memcpy(t, p, len);
  t->ride = 0;
  p = snSnapshotDelta(n, &len);
  return !len || toyRides(t, p, len);
}

static int toyCommit(Store *s, const Toy *t, bool rides) {
  u8 delta[STORE_DELTA];
  u32 n = t->ride ? tagLen(t->ride) : 0;
  toyDelta(t, delta);
  return snWriterCommit(s, rides ? NULL : t, rides ? 0 : sizeof *t, delta, n);
}

static int toyWalk(void *arg, Snapshot *base,
    int (*seen)(void *, const ExtentRef *), void *seen_arg) {
  Toy t;
  int rc = SEINE_OK;
  (void)arg;
  if (!toyLoad(base, &t)) return SEINE_CORRUPT;
  for (u32 i = 0; !rc && i < KEYS; i++) {
    if (t.tag[i]) rc = seen(seen_arg, t.ref + i);
  }
  return rc;
}

static u64 toyHash(const Toy *t) {
  return snHash(t->tag, sizeof t->tag + sizeof t->ride, 0);
}

/* Are all bytes of the snapshot what its tags say? */
static bool toyGood(Store *s, Snapshot *n) {
  Toy t;
  bool good = toyLoad(n, &t);
  for (u32 i = 0; good && i < KEYS; i++) {
    Extent *e = NULL;
    const u8 *p = NULL;
    if (!t.tag[i]) continue;
    good = !snExtentOpen(s, t.ref + i, &e);
    if (!good) break;
    good = snExtentLen(e) == tagLen(t.tag[i])
        && !snExtentGet(e, 0, snExtentLen(e), &p) && tagSame(t.tag[i], p);
    if (good) {
      volatile u8 slack = p[snExtentLen(e) + SN_SLACK - 1];
      (void)slack;
    }
    snExtentDrop(e);
  }
  return good;
}

static int toyPut(Store *s, Toy *t, u32 key, u64 tag) {
  static u8 memory[2][1 << 24];
  u8 *bytes = memory[depth];
  ExtentRef old = t->ref[key];
  bool had = t->tag[key] != 0;
  int rc = SEINE_OK;
  if (tag) {
    tagFill(tag, bytes);
    rc = snWriterPut(s, bytes, tagLen(tag), tag, t->ref + key);
  }
  if (rc) return rc;
  t->tag[key] = tag;
  return had ? snWriterFree(s, &old) : SEINE_OK;
}

/* S4: copies what the store doubts. */
static int toyRelocate(Store *s, Toy *t) {
  int rc = SEINE_OK;
  for (u32 i = 0; !rc && i < KEYS; i++) {
    if (t->tag[i] && snWriterDoubtful(s, t->ref + i)) {
      rc = toyPut(s, t, i, t->tag[i]);
    }
  }
  return rc;
}

/* What rides changes: a new delta, with a spill or with the one of before. */
static int toyRide(Store *s, Toy *t) {
  static u8 memory[2][9000];
  u8 *bytes = memory[depth];
  t->ride = tagRide();
  if (t->tag[SPILL] || upTo(2)) return SEINE_OK;
  t->tag[SPILL] = tagNew((u32)(1 + upTo(sizeof memory[0])));
  tagFill(t->tag[SPILL], bytes);
  return snWriterSpill(s, bytes, tagLen(t->tag[SPILL]), t->tag[SPILL],
      t->ref + SPILL);
}

static u32 toySize(u32 large) {
  if (upTo(100) < large) return (u32)(262144 + upTo(100000));
  return (u32)upTo(upTo(3) ? 600 : 9000);
}

static int toyChange(Store *s, Toy *t, u32 large) {
  int rc = SEINE_OK;
  for (u64 n = upTo(4); !rc && n < 4; n++) {
    u32 key = (u32)upTo(KEYS);
    rc = toyPut(s, t, key, upTo(5) ? tagNew(toySize(large)) : 0);
  }
  return rc;
}

static int openStore(Vfs *v, const char *path, bool no_map, Store **s) {
  StoreConfig c = {0};
  int rc;
  c.vfs = v;
  c.path = path;
  c.create = true;
  c.no_map = no_map;
  c.message = message;
  rc = snStoreOpen(&c, s);
  if (!rc) snWriterSetWalk(*s, toyWalk, NULL);
  return rc;
}

static void sayCount(void *arg, const char *text) {
  printf("# check: %s\n", text);
  ++*(int *)arg;
}

static bool checked(Store *s, Snapshot *n) {
  int found = 0;
  return !snStoreCheck(s, n, sayCount, &found) && !found;
}

/* ---- 1: plain ----------------------------------------------------------- */

static char path[32]; /* its own name, for tests beside each other */

static void nameFile(void) {
  u32 x = 0;
  snOsUnix()->random(snOsUnix(), &x, sizeof x);
  snprintf(path, sizeof path, "store_test-%08x.tmp", x);
}

static bool plainStep(Vfs *v, bool no_map, Toy *model, u64 txid) {
  Store *s = NULL;
  Snapshot *n = NULL;
  Toy t;
  bool good = !openStore(v, path, no_map, &s) && !snSnapshotOpen(s, &n)
      && snSnapshotTxid(n) == txid && toyLoad(n, &t)
      && !memcmp(&t, model, sizeof t) && toyGood(s, n) && checked(s, n);
  snSnapshotDrop(n);
  n = NULL;
  for (u32 i = 0; good && i < 3; i++) {
    Snapshot *base;
    bool keep = i != 1;
    good = !snWriterBegin(s, &base) && toyLoad(base, &t)
        && !toyChange(s, &t, 3);
    if (!good) break;
    if (keep) good = !snWriterCommit(s, &t, sizeof t, NULL, 0);
    else snWriterRollback(s);
    if (keep) *model = t;
    good = good && !snSnapshotOpen(s, &n) && toyLoad(n, &t)
        && !memcmp(&t, model, sizeof t) && toyGood(s, n) && checked(s, n);
    snSnapshotDrop(n);
    n = NULL;
  }
  snStoreClose(s);
  return good;
}

static void plainGroup(const char *name, bool no_map) {
  Vfs *v = snOsFind(name);
  Toy model = {0};
  StoreInfo info;
  Store *s = NULL;
  bool good = true;
  v->remove(v, path);
  for (u64 i = 0; good && i < 60; i++) {
    good = plainStep(v, no_map, &model, 2 * i);
  }
  ok(good, "random commits, reopened after each");
  good = !openStore(v, path, no_map, &s) && !snStoreInfo(s, &info);
  ok(good && info.txid == 120 && info.confirmed && info.pages < 1500
      && info.free_pages < info.pages, "the file stays small");
  snStoreClose(s);
  v->remove(v, path);
}

/* ---- 2: readers --------------------------------------------------------- */

#define HELD 12u

static void readerGroup(const char *name) {
  Vfs *v = snOsFind(name);
  Store *w = NULL, *r = NULL;
  Snapshot *held[HELD] = {0}, *base;
  u64 hash[HELD] = {0};
  bool good;
  Toy t;
  v->remove(v, path);
  good = !openStore(v, path, false, &w) && !openStore(v, path, false, &r);
  for (u32 i = 0; good && i < 400; i++) {
    u32 k = (u32)upTo(HELD);
    good = !snWriterBegin(w, &base) && toyLoad(base, &t)
        && !toyChange(w, &t, 1);
    if (good && !upTo(3)) {
      good = held[k] ? toyGood(r, held[k]) : true;
      snSnapshotDrop(held[k]);
      held[k] = NULL;
      good = good && !snSnapshotOpen(r, held + k) && toyLoad(held[k], &t);
      hash[k] = good ? toyHash(&t) : 0;
      if (good) toyLoad(base, &t);
      snWriterRollback(w);
      continue;
    }
    good = good && !snWriterCommit(w, &t, sizeof t, NULL, 0);
    k = (u32)upTo(HELD);
    if (good && held[k]) {
      good = toyGood(r, held[k]) && toyLoad(held[k], &t)
          && toyHash(&t) == hash[k];
    }
  }
  ok(good, "readers keep what they saw");
  for (u32 i = 0; i < HELD; i++) snSnapshotDrop(held[i]);
  for (u32 i = 0; good && i < 6; i++) {
    good = !snWriterBegin(w, &base) && toyLoad(base, &t)
        && !snWriterCommit(w, &t, sizeof t, NULL, 0);
  }
  if (good) {
    StoreInfo info;
    good = !snStoreInfo(w, &info) && info.graveyard_pages <= 6;
  }
  ok(good, "their pages come back");
  snStoreClose(w);
  snStoreClose(r);
  v->remove(v, path);
}

/* A reader stays while thousands of commits go by: neither the graveyard nor
** the file may run away. */
static void longReader(void) {
  Vfs *v = snOsMemory();
  Store *w = NULL, *r = NULL;
  Snapshot *base, *n = NULL;
  StoreInfo info;
  u32 len = 0;
  Toy t;
  bool good = !openStore(v, path, false, &w) && !openStore(v, path, false, &r);
  for (u32 i = 0; good && i < 3000; i++) {
    good = !snWriterBegin(w, &base) && toyLoad(base, &t)
        && !toyPut(w, &t, i % KEYS, tagNew(100))
        && !snWriterCommit(w, &t, sizeof t, NULL, 0);
    if (i == 10) good = good && !snSnapshotOpen(r, &n);
  }
  good = good && toyGood(r, n) && !snStoreInfo(w, &info)
      && snSnapshotRoot(n, &len) && info.pages < 7000;
  ok(good, "a long reader");
  snSnapshotDrop(n);
  snStoreClose(r);
  for (u32 i = 0; good && i < 4 * KEYS; i++) {
    good = !snWriterBegin(w, &base) && toyLoad(base, &t)
        && !toyPut(w, &t, i % KEYS, tagNew(100))
        && !snWriterCommit(w, &t, sizeof t, NULL, 0);
  }
  ok(good && !snWriterShrink(w) && !snStoreInfo(w, &info)
      && info.pages < 40, "and the file shrinks when it has gone");
  snStoreClose(w);
  v->remove(v, path);
}

/* ---- 3: streams, rollback, damage --------------------------------------- */

static u8 streamByte(u64 i) { return (u8)(i * 31 + (i >> 13)); }

static bool streamSame(Store *s, const ExtentRef *ref, u64 len) {
  Extent *e = NULL;
  bool good = !snExtentOpen(s, ref, &e) && snExtentLen(e) == len
      && !snExtentVerify(e);
  for (u64 i = 0; good && i < len; i += 997) {
    const u8 *p;
    good = !snExtentGet(e, i, 1, &p) && *p == streamByte(i);
  }
  snExtentDrop(e);
  return good;
}

static bool streamOne(Store *s, u64 len, u64 estimate, bool puts,
    ExtentRef *ref) {
  static u8 piece[300000];
  Stream *t = NULL;
  bool good = !snStreamBegin(s, len, estimate, &t);
  for (u64 at = 0; good && at < len;) {
    u64 some = 1 + upTo(sizeof piece), n = SN_MIN(len - at, some);
    ExtentRef other;
    for (u64 i = 0; i < n; i++) piece[i] = streamByte(at + i);
    good = !snStreamAdd(t, piece, n);
    at += n;
    if (good && puts && !upTo(4)) {
      good = !snWriterPut(s, piece, upTo(5000), 1, &other)
          && !snWriterFree(s, &other);
    }
  }
  if (!good) snStreamAbort(t);
  return good && snStreamLen(t) == len && !snStreamEnd(t, ref);
}

static void streamGroup(const char *name, bool no_map) {
  static const u64 lens[] = {
    0, 1, 4032, 4033, 4096, 65535, 65536, 65537, (1 << 20) - 1, 1 << 20,
    (1 << 20) + 1, 3000000, 7 << 20,
  };
  Vfs *v = snOsFind(name);
  Store *s = NULL;
  Snapshot *base;
  ExtentRef ref;
  StoreInfo info = {0};
  Stream *t = NULL;
  Toy toy = {0};
  u64 before;
  bool good;
  v->remove(v, path);
  good = !openStore(v, path, no_map, &s) && !snWriterBegin(s, &base);
  for (u32 i = 0; good && i < SN_COUNT(lens); i++) {
    for (u32 k = 0; good && k < 6; k++) {
      u64 est = k % 3 == 0 ? 0 : k % 3 == 1 ? lens[i] : lens[i] / 3 + 1;
      good = streamOne(s, lens[i], est, k >= 3, &ref)
          && streamSame(s, &ref, lens[i]) && !snWriterFree(s, &ref);
    }
  }
  ok(good, "streams of many lengths");
  good = streamOne(s, 3000000, 0, true, &ref);
  toy.ref[0] = ref;
  toy.tag[0] = 1; /* not checked by content here */
  good = good && !snWriterCommit(s, &toy, sizeof toy, NULL, 0);
  snStoreClose(s);
  if (!ok(!openStore(v, path, no_map, &s), "reopened")) return;
  good = good && streamSame(s, &ref, 3000000) && !snStoreInfo(s, &info);
  ok(good && info.free_pages > 0, "a stream after reopening");
  before = info.free_pages;
  good = !snWriterBegin(s, &base) && !snStreamBegin(s, 0, 5 << 20, &t);
  for (u32 i = 0; good && i < 30; i++) {
    static u8 piece[100000];
    good = !snStreamAdd(t, piece, sizeof piece);
  }
  snWriterRollback(s);
  ok(good && snStreamAdd(t, "x", 1) == SEINE_MISUSE
      && snStreamEnd(t, &ref) == SEINE_MISUSE, "a stream in a rollback");
  ok(!snStoreInfo(s, &info) && info.free_pages >= before,
      "its pages are free again");
  snStoreClose(s);
  v->remove(v, path);
}

static void poke(Vfs *v, u64 at, u64 n, u8 c) {
  File *f = NULL;
  if (v->open(v, path, OS_CREATE, &f)) return;
  for (u64 i = 0; i < n; i++) f->ops->write(f, at + i, &c, 1);
  f->ops->close(f);
}

static int openOnly(Vfs *v) {
  Store *s = NULL;
  Snapshot *n = NULL;
  int rc = openStore(v, path, false, &s);
  if (!rc) rc = snSnapshotOpen(s, &n);
  snSnapshotDrop(n);
  snStoreClose(s);
  return rc;
}

static bool makeOne(Vfs *v, Toy *t) {
  Store *s = NULL;
  Snapshot *base;
  bool good;
  v->remove(v, path);
  memset(t, 0, sizeof *t);
  good = !openStore(v, path, false, &s);
  for (u32 i = 0; good && i < 3; i++) {
    good = !snWriterBegin(s, &base) && !toyPut(s, t, i, tagNew(200000))
        && !snWriterCommit(s, t, sizeof *t, NULL, 0);
  }
  snStoreClose(s);
  return good;
}

static void damageGroup(void) {
  Vfs *v = snOsMemory();
  Store *s = NULL;
  Snapshot *n = NULL, *base = NULL;
  Extent *e = NULL;
  Toy t;
  u8 c = 1;
  File *f;
  v->remove(v, path);
  poke(v, 0, 100, 'x');
  ok(openOnly(v) == SEINE_NOTADB, "a short foreign file");
  poke(v, 0, 30000, 'x');
  ok(openOnly(v) == SEINE_NOTADB, "a long foreign file");
  v->remove(v, path);
  poke(v, 0, 512, 'x');
  poke(v, 65535, 1, 0);
  ok(openOnly(v) == SEINE_NOTADB, "an empty disk with a boot sector");
  v->remove(v, path);
  poke(v, 0, 3000, 0);
  ok(openOnly(v) == SEINE_OK, "zeros are nobody's");
  ok(makeOne(v, &t) && openOnly(v) == SEINE_OK, "a database");
  poke(v, 40, 1, 0x5a);
  ok(openOnly(v) == SEINE_CORRUPT, "a damaged header");
  ok(makeOne(v, &t), "again");
  poke(v, t.ref[0].page * SN_PAGE + 70000, 1, 0x5a);
  ok(!openStore(v, path, false, &s) && !snSnapshotOpen(s, &n)
      && !toyGood(s, n) && !snExtentOpen(s, t.ref, &e)
      && snExtentVerify(e) == SEINE_CORRUPT, "a damaged extent");
  snExtentDrop(e);
  t.ref[0].page = 1ull << 40;
  ok(snExtentOpen(s, t.ref, &e) == SEINE_CORRUPT, "a wild reference");
  t.ref[0].page = 6;
  t.ref[0].len = UINT64_MAX - 5;
  ok(snExtentOpen(s, t.ref, &e) == SEINE_CORRUPT, "a wild length");
  snSnapshotDrop(n);
  snStoreClose(s);
  ok(makeOne(v, &t), "again");
  for (u32 i = 1; i <= 4; i++) poke(v, i * SN_PAGE + 9, 1, 0x5a);
  ok(openOnly(v) == SEINE_CORRUPT, "no slot left");
  ok(makeOne(v, &t), "again");
  v->open(v, path, 0, &f);
  f->ops->truncate(f, 100 * SN_PAGE);
  f->ops->close(f);
  ok(openOnly(v) == SEINE_CORRUPT, "a file cut short");
  ok(makeOne(v, &t) && !openStore(v, path, false, &s)
      && !snWriterBegin(s, &base) && !snWriterPut(s, &c, 1, 0, t.ref)
      && !snWriterFree(s, t.ref) && snWriterFree(s, t.ref + 1) == SEINE_OK
      && snWriterFree(s, t.ref + 1) == SEINE_OK
      && snWriterCommit(s, &t, sizeof t, NULL, 0) == SEINE_CORRUPT,
      "freed twice");
  snStoreClose(s);
  v->remove(v, path);
}

static int busyCalls;
static int busyTwice(void *arg, int count, u32 *us) {
  (void)arg, (void)us;
  busyCalls++;
  return count < 2;
}

/* A clean close after every commit, as one who only inserts rows sees it. */
static void cutGroup(const char *name) {
  Vfs *v = snOsFind(name);
  Store *s = NULL;
  Snapshot *base = NULL, *n = NULL;
  u64 pages = 0;
  StoreInfo info;
  Toy t = {0}, u;
  bool good = true;
  v->remove(v, path);
  for (u32 i = 0; good && i < 120; i++) {
    good = !openStore(v, path, false, &s) && !snSnapshotOpen(s, &n)
        && toyLoad(n, &u) && !memcmp(&t, &u, sizeof t) && toyGood(s, n);
    snSnapshotDrop(n);
    n = NULL;
    for (u32 k = 0; good && k <= i % 13; k++) {
      u32 size = i < 40 ? 100 : i < 80 ? 200000 : 10;
      good = !snWriterBegin(s, &base) && toyLoad(base, &t)
          && !toyPut(s, &t, (i + k) % KEYS, tagNew(size))
          && !snWriterCommit(s, &t, sizeof t, NULL, 0);
    }
    good = good && !snWriterShrink(s) && !snStoreInfo(s, &info)
        && !snSnapshotOpen(s, &n) && toyGood(s, n) && checked(s, n);
    if (good && i == 79) pages = info.pages;
    snSnapshotDrop(n);
    snStoreClose(s);
    n = NULL;
    s = NULL;
  }
  ok(good, "opened, written and cut, over and over");
  ok(pages > 300 && info.pages < 60, "what has grown small is cut");
  v->remove(v, path);
}

static void handleGroup(void) {
  Vfs *v = snOsMemory();
  StoreConfig c = {0};
  Store *a = NULL, *b = NULL;
  Snapshot *base = NULL, *n = NULL, *m = NULL;
  StoreInfo info;
  Toy t;
  u32 len;
  c.vfs = v;
  c.path = path;
  v->remove(v, path);
  ok(snStoreOpen(&c, &a) == SEINE_CANTOPEN && !a, "absent, not to create");
  c.create = true;
  c.busy = busyTwice;
  ok(!snStoreOpen(&c, &a) && !snStoreOpen(&c, &b) && !snSnapshotOpen(a, &n)
      && snSnapshotTxid(n) == 0 && !snSnapshotRoot(n, &len) && len == 0,
      "an empty database");
  snSnapshotDrop(n);
  ok(!snWriterBegin(a, &base) && snWriterBegin(b, &base) == SEINE_BUSY
      && busyCalls == 3, "one writer");
  memset(&t, 0, sizeof t);
  ok(!toyPut(a, &t, 0, tagNew(50)) && !snWriterCommit(a, &t, sizeof t, NULL, 0)
      && !snWriterActive(a), "first commit");
  ok(!snSnapshotOpen(b, &n) && snSnapshotTxid(n) == 1
      && !snSnapshotOpen(b, &m) && m == n, "the other handle sees it");
  snSnapshotDrop(m);
  snSnapshotDrop(n);
  snStoreClose(b);
  c.read_only = true;
  ok(!snStoreOpen(&c, &b) && snWriterBegin(b, &base) == SEINE_READONLY,
      "a read-only handle");
  ok(!snSnapshotOpen(b, &n) && toyGood(b, n) && !snStoreInfo(b, &info)
      && info.confirmed, "it reads");
  snSnapshotDrop(n);
  snStoreClose(b);
  snStoreClose(a);
  c.path = NULL;
  c.read_only = false;
  ok(!snStoreOpen(&c, &a) && !snWriterBegin(a, &base)
      && !toyPut(a, &t, 1, tagNew(300000)), "nameless");
  snStoreClose(a);
  v->remove(v, path);
}

/* ---- 5: memory ---------------------------------------------------------- */

/* A life with two commits, a stream and a reader; false: a wrong answer. */
static bool memoryLife(Vfs *v, bool *failed) {
  static u8 piece[400000];
  Store *s = NULL;
  Snapshot *base = NULL, *n = NULL;
  Stream *w = NULL;
  ExtentRef ref;
  Toy t = {0};
  int rc = openStore(v, path, true, &s);
  for (u32 i = 0; !rc && i < 2; i++) {
    rc = snWriterBegin(s, &base);
    if (!rc) toyLoad(base, &t);
    if (!rc) rc = toyPut(s, &t, i, tagNew(100000));
    if (!rc) rc = toyPut(s, &t, 5, tagNew(10));
    if (!rc && i) rc = snStreamBegin(s, 1, 0, &w);
    for (u32 k = 0; !rc && i && k < 5; k++) {
      rc = snStreamAdd(w, piece, sizeof piece);
    }
    if (!rc && i) {
      rc = snStreamEnd(w, &ref);
      w = NULL;
    }
    if (!rc && i) rc = snWriterFree(s, &ref);
    if (!rc) rc = snWriterCommit(s, &t, sizeof t, NULL, 0);
    snStreamAbort(w);
    if (rc) snWriterRollback(s);
  }
  if (!rc) rc = snSnapshotOpen(s, &n);
  if (!rc && !toyGood(s, n)) rc = SEINE_NOMEM;
  snSnapshotDrop(n);
  snStoreClose(s);
  *failed = rc != 0;
  return rc == 0 || rc == SEINE_NOMEM || rc == SEINE_CANTOPEN;
}

static void memoryGroup(void) {
  Vfs *v = snOsMemory();
  bool good = true, failed = true;
  i64 n = 1;
  for (; good && failed && n < 5000; n++) {
    v->remove(v, path);
    snFaultMem(n, false);
    good = memoryLife(v, &failed);
    snFaultMem(0, false);
    if (good && failed) good = openOnly(v) == SEINE_OK;
  }
  ok(good && !failed && n > 20, "every allocation fails once");
  v->remove(v, path);
}

/* ---- 6: crashes --------------------------------------------------------- */

#define ALLOWED 16u

static u64 allowed[ALLOWED]; /* hashes of the states that may open */
static u32 nallowed;
static u64 images, violations, sessions, doubts, kills, badSyncs, powers, cuts;
static u64 readerBad, inFlight, rode;
static bool clean; /* the commit under way began with nothing in doubt */

static void allowOnly(u64 hash) {
  allowed[0] = hash;
  nallowed = 1;
}

static void allowToo(u64 hash) {
  if (nallowed < ALLOWED) allowed[nallowed++] = hash;
}

static bool isAllowed(u64 hash) {
  for (u32 i = 0; i < nallowed; i++) {
    if (allowed[i] == hash) return true;
  }
  return false;
}

static void violate(const char *what, int rc) {
  if (violations++ > 5) return;
  printf("# violation: %s rc %d image %llu session %llu: %s\n", what, rc,
      (unsigned long long)images, (unsigned long long)sessions, lastMessage);
}

static bool stateAllowed(Store *s, u64 *hash, const char *what) {
  Snapshot *n = NULL;
  Toy t;
  int rc = snSnapshotOpen(s, &n);
  bool good = !rc && toyGood(s, n) && toyLoad(n, &t);
  *hash = good ? toyHash(&t) : 0;
  if (!good) {
    violate(what, rc);
  } else if (!isAllowed(*hash)) {
    good = false;
    violate(what, 1000 + (int)snSnapshotTxid(n));
  }
  snSnapshotDrop(n);
  return good;
}

/* One transaction; returns rc; on success only its state is allowed. */
static int crashCommit(Store *s, u32 large, bool tell) {
  Snapshot *base = NULL;
  Toy t;
  bool rides;
  int rc = snWriterBegin(s, &base);
  if (rc) return rc;
  if (!toyLoad(base, &t)) rc = SEINE_ERROR;
  if (tell && snWriterDoubtful(s, NULL)) doubts++;
  rides = !rc && !upTo(3) && snWriterRides(s);
  if (rides) rc = toyRide(s, &t);
  else if (!upTo(5)) t.ride = tagRide();
  else if (!upTo(3)) t.ride = 0;
  if (rides && !rc && !snWriterRides(s)) rides = false; /* the disk is full */
  if (!rc && !rides) rc = toyRelocate(s, &t);
  if (!rc && !rides) rc = toyChange(s, &t, large);
  if (!rc && !upTo(8)) {
    snWriterRollback(s);
    return SEINE_OK;
  }
  if (tell) clean = nallowed == 1;
  if (!rc && tell) allowToo(toyHash(&t));
  if (!rc) rc = toyCommit(s, &t, rides);
  rode += rides && !rc;
  if (tell) clean = false;
  if (rc) snWriterRollback(s);
  else if (tell) allowOnly(toyHash(&t));
  return rc;
}

/* A reader in the middle of a commit: what it sees beyond the acknowledged
** state is durable already. */
static void readInFlight(void) {
  Store *r = NULL;
  u64 hash, fresh = allowed[1], old = allowed[0];
  if (openStore(&liveVfs, "live", true, &r)) violate("reader opens", 0);
  else stateAllowed(r, &hash, "a reader beside a commit");
  snStoreClose(r);
  inFlight++;
  if (!r || hash != fresh || fresh == old) return;
  diskCrash(&live, &image, MOOD_NOTHING);
  allowOnly(fresh);
  if (openStore(&imageVfs, "image", true, &r)) violate("reopen", 0);
  else stateAllowed(r, &hash, "a reader saw what was not durable");
  snStoreClose(r);
  allowOnly(old);
  allowToo(fresh);
}

/* A power loss now: does what it leaves open, and go on? */
static void probe(void) {
  Store *s = NULL;
  u64 hash;
  int rc;
  if (upTo(3)) return;
  live.probing = false;
  depth = 1;
  if (clean && nallowed == 2 && !live.failed && !upTo(3)) readInFlight();
  for (u64 k = 1 + upTo(3); k > 0; k--) {
    images++;
    diskCrash(&live, &image, (DiskMood)upTo(MOODS));
    rc = openStore(&imageVfs, "image", true, &s);
    if (rc) {
      violate("open after a power loss", rc);
      continue;
    }
    if (stateAllowed(s, &hash, "state after a power loss") && !upTo(6)) {
      rc = crashCommit(s, 0, false);
      if (rc) violate("commit after a power loss", rc);
    }
    snStoreClose(s);
  }
  depth = 0;
  live.probing = true;
}

/* A reader beside the writer, between two of its transactions: it may see
** any allowed state. */
static void crashRead(void) {
  Store *r = NULL;
  u64 hash;
  int rc = openStore(&liveVfs, "live", true, &r);
  if (!rc) stateAllowed(r, &hash, "a reader beside the writer");
  else readerBad++;
  snStoreClose(r);
}

/* As at a clean close. */
static int crashCut(Store *s) {
  u64 size = live.size, hash;
  int rc = snWriterShrink(s);
  if (!rc && !diskDead(&live)) stateAllowed(s, &hash, "state after a cut");
  cuts += live.size < size;
  return rc;
}

static void crashSession(void) {
  Store *s = NULL;
  u64 hash = 0, how = upTo(8);
  u32 commits = 1 + (u32)upTo(5), large = upTo(6) ? 0 : 20;
  int rc;
  bool power = false;
  sessions++;
  live.ops = live.die_at = live.fail_sync = 0;
  live.failed = false;
  if (how >= 2 && how <= 5) live.die_at = 1 + upTo(upTo(2) ? 12 : 60);
  if (how == 5 || how == 6) live.fail_sync = 1 + upTo(upTo(2) ? 3 : 8);
  live.revert = upTo(2);
  power = how == 4 || how == 7 || !upTo(4);
  rc = openStore(&liveVfs, "live", true, &s);
  if (rc) {
    violate("open", rc);
    return;
  }
  stateAllowed(s, &hash, "state at the begin of a session");
  live.probing = true;
  for (u32 i = 0; !rc && i < commits; i++) {
    rc = crashCommit(s, large, true);
    if (!rc && !upTo(10)) crashRead();
    if (!rc && !upTo(4)) rc = crashCut(s);
  }
  live.probing = false;
  if (rc && !diskDead(&live) && !live.failed && rc != SEINE_FULL) {
    violate("a transaction", rc);
  }
  if (diskDead(&live)) kills++;
  if (live.failed) badSyncs++;
  if (rc == SEINE_IOERR && live.failed && !diskDead(&live)) {
    Snapshot *base;
    if (snWriterBegin(s, &base) != SEINE_IOERR) violate("not poisoned", 0);
  }
  if (power) {
    powers++;
    diskCrash(&live, &image, (DiskMood)upTo(MOODS));
    diskCrash(&image, &live, MOOD_HALF);
  }
  live.die_at = 0;
  snStoreClose(s);
  if (!power) return;
  rc = openStore(&liveVfs, "live", true, &s);
  if (rc) violate("open after a power loss", rc);
  else if (stateAllowed(s, &hash, "state after a power loss")) allowOnly(hash);
  snStoreClose(s);
}

static void crashGroup(u64 want) {
  Toy none;
  u64 limit = 0;
  u64 from = snClockNs();
  diskInit(&live);
  diskInit(&image);
  memset(&none, 0, sizeof none);
  while (images < want && violations < 5) {
    if (limit-- == 0) { /* a new file now and then */
      live.high = DISK_BYTES;
      live.size = live.dur_size = 0;
      memset(live.dirty, 0, DISK_SECTORS);
      memset(live.cur, 0, DISK_BYTES);
      memset(live.dur, 0, DISK_BYTES);
      live.high = 0;
      allowOnly(toyHash(&none));
      limit = 10 + upTo(200);
    }
    crashSession();
  }
  printf("# %llu images, %llu sessions, %llu power losses, %llu kills, "
      "%llu failed syncs, %llu begun in doubt, %llu readers, "
      "%llu cuts, %llu rode, %.1f s\n",
      (unsigned long long)images, (unsigned long long)sessions,
      (unsigned long long)powers, (unsigned long long)kills,
      (unsigned long long)badSyncs, (unsigned long long)doubts,
      (unsigned long long)inFlight, (unsigned long long)cuts,
      (unsigned long long)rode, (double)(snClockNs() - from) / 1e9);
  ok(!violations, "crash images");
  ok(doubts > 5 && kills > 5 && badSyncs > 5 && cuts > 5 && rode > 50,
      "every kind of failure");
}

int main(int argc, char **argv) {
  u64 want = argc > 1 ? strtoull(argv[1], NULL, 10) : 20000;
  if (argc > 2) testSeed = strtoull(argv[2], NULL, 10) * 0x9e3779b97f4a7c15ull;
  nameFile();
  setvbuf(stdout, NULL, _IOLBF, 0);
  plainGroup("memory", false);
  plainGroup("unix", false);
  plainGroup("unix", true);
  readerGroup("memory");
  readerGroup("unix");
  longReader();
  streamGroup("memory", false);
  streamGroup("unix", false);
  streamGroup("unix", true);
  damageGroup();
  cutGroup("memory");
  cutGroup("unix");
  handleGroup();
  memoryGroup();
  crashGroup(want);
  printf("1..%d\n", testCount);
  return testFailed != 0;
}
