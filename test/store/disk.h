/*
** A disk that crashes: a vfs over one file, with its cache,
** what has reached the disk, and what is between.
*/
#ifndef STORE_TEST_DISK_H
#define STORE_TEST_DISK_H
#include "os/os.h"

static u64 testSeed = 1;

static u64 rnd(void) {
  testSeed ^= testSeed << 13;
  testSeed ^= testSeed >> 7;
  testSeed ^= testSeed << 17;
  return testSeed * 0x2545f4914f6cdd1dull >> 11;
}

static u64 upTo(u64 n) { return rnd() % n; }

/* ---- the disk that crashes ---------------------------------------------- */

/* One file, of which the disk holds `dur` and the cache `cur`; a sector may
** be dirty.  Locks and identity come from a file of the memory vfs. */
#define SECTOR     512u
#ifndef DISK_BYTES
#define DISK_BYTES (6u << 20)
#endif
#define DISK_SECTORS (DISK_BYTES / SECTOR)

typedef enum DiskDeed { DISK_WRITE, DISK_SYNC, DISK_CUT, DISK_GROW } DiskDeed;

typedef struct Disk {
  u8 *cur, *dur;
  u8 *dirty;
  u64 size, dur_size;
  u64 ops;       /* I/Os so far */
  u64 die_at;    /* 0 never: from here on the process is dead */
  u64 fail_sync; /* 0 never: the n-th sync from now fails */
  bool revert;   /* a failed sync drops the cache */
  bool failed;   /* a sync has failed */
  bool probing;
  u64 high;      /* highest byte ever written */
  /* Told of each deed before it is done, when set. */
  void (*told)(DiskDeed deed, u64 at, const void *p, u64 n);
} Disk;

typedef struct DiskFile {
  File file;
  File *inner;
} DiskFile;

static void probe(void);

static bool diskDead(const Disk *d) { return d->die_at && d->ops >= d->die_at; }

static void diskClose(File *f) {
  DiskFile *x = (DiskFile *)f;
  x->inner->ops->close(x->inner);
  free(x);
}

static int diskRead(File *f, u64 at, void *p, size_t n) {
  Disk *d = f->vfs->state;
  u64 have = at < d->size ? SN_MIN(n, d->size - at) : 0;
  if (diskDead(d)) return SEINE_IOERR;
  memcpy(p, d->cur + at, have);
  memset((u8 *)p + have, 0, n - have);
  return SEINE_OK;
}

/* ---- what is done to it ------------------------------------------------- */

static void diskPut(Disk *d, u64 at, const void *p, u64 n) {
  u64 first = at / SECTOR, last = (at + n - 1) / SECTOR;
  if (!n) return;
  memcpy(d->cur + at, p, n);
  memset(d->dirty + first, 1, last - first + 1);
  d->size = SN_MAX(d->size, at + n);
  d->high = SN_MAX(d->high, at + n);
}

/* A sync.  One that fails leaves any of the sectors unwritten, and all of them
** clean. */
static void diskSettle(Disk *d, bool fails) {
  u64 end = (SN_MAX(d->high, SECTOR) + SECTOR - 1) / SECTOR;
  for (u64 i = 0; i < end; i++) {
    u8 *c = d->cur + i * SECTOR, *o = d->dur + i * SECTOR;
    if (!d->dirty[i]) continue;
    d->dirty[i] = 0;
    if (!fails || upTo(2)) memcpy(o, c, SECTOR);
    else if (d->revert) memcpy(c, o, SECTOR);
  }
  d->dur_size = d->size;
  d->failed = d->failed || fails;
}

/* What is cut is dirty: until the next sync the disk may hold it still. */
static void diskCut(Disk *d, u64 n) {
  u64 end = SN_MIN(d->size, d->high);
  if (n < end) {
    memset(d->cur + n, 0, end - n);
    memset(d->dirty + n / SECTOR, 1, (end - 1) / SECTOR - n / SECTOR + 1);
  }
  d->size = SN_MIN(d->size, n);
}

static void diskGrow(Disk *d, u64 n) { d->size = SN_MAX(d->size, n); }

static void diskTell(const Disk *d, DiskDeed deed, u64 at, const void *p,
    u64 n) {
  if (d->told) d->told(deed, at, p, n);
}

/* ---- as a file ---------------------------------------------------------- */

static int diskWrite(File *f, u64 at, const void *p, size_t n) {
  Disk *d = f->vfs->state;
  bool dies = false;
  if (diskDead(d)) return SEINE_IOERR;
  if (at + n > DISK_BYTES) return SEINE_FULL;
  d->ops++;
  if (diskDead(d)) { /* killed half-way */
    n = (size_t)upTo(n + 1);
    dies = true;
  }
  diskTell(d, DISK_WRITE, at, p, n);
  diskPut(d, at, p, n);
  if (dies) return SEINE_IOERR;
  if (d->probing) probe();
  return SEINE_OK;
}

static int diskSync(File *f) {
  Disk *d = f->vfs->state;
  bool fails;
  if (diskDead(d)) return SEINE_IOERR;
  if (d->probing) probe();
  d->ops++;
  if (diskDead(d)) return SEINE_IOERR;
  diskTell(d, DISK_SYNC, 0, NULL, 0);
  fails = d->fail_sync && !--d->fail_sync;
  diskSettle(d, fails);
  return fails ? SEINE_IOERR : SEINE_OK;
}

static int diskSize(File *f, u64 *out) {
  Disk *d = f->vfs->state;
  *out = d->size;
  return diskDead(d) ? SEINE_IOERR : SEINE_OK;
}

static int diskTruncate(File *f, u64 n) {
  Disk *d = f->vfs->state;
  if (diskDead(d)) return SEINE_IOERR;
  d->ops++;
  diskTell(d, DISK_CUT, n, NULL, 0);
  diskCut(d, n);
  return SEINE_OK;
}

static int diskAllocate(File *f, u64 n) {
  Disk *d = f->vfs->state;
  if (diskDead(d)) return SEINE_IOERR;
  if (n > DISK_BYTES) return SEINE_FULL;
  d->ops++;
  diskTell(d, DISK_GROW, n, NULL, 0);
  diskGrow(d, n);
  return SEINE_OK;
}

static int diskWriteback(File *f, u64 at, u64 n) {
  (void)f, (void)at, (void)n;
  return SEINE_OK;
}

static int diskMap(File *f, u64 at, size_t n, const u8 **p) {
  (void)f, (void)at, (void)n;
  *p = NULL;
  return SEINE_OK;
}

static void diskUnmap(File *f, const u8 *p, size_t n) {
  (void)f, (void)p, (void)n;
}

static int diskLock(File *f, u64 at, u64 n, LockMode mode) {
  File *g = ((DiskFile *)f)->inner;
  return g->ops->lock(g, at, n, mode);
}

static int diskLowest(File *f, u64 from, u64 to, u64 *out) {
  File *g = ((DiskFile *)f)->inner;
  return g->ops->lowest(g, from, to, out);
}

static u64 diskIdent(File *f) {
  File *g = ((DiskFile *)f)->inner;
  return g->ops->ident(g);
}

static const struct FileOps diskOps = {
  diskClose, diskRead, diskWrite, diskSync, diskSize, diskTruncate,
  diskAllocate, diskWriteback, diskMap, diskUnmap, diskLock, diskLowest,
  diskIdent,
};

static int diskOpen(Vfs *v, const char *name, int flags, File **out) {
  DiskFile *x = calloc(1, sizeof *x);
  int rc;
  (void)name;
  *out = NULL;
  if (!x) return SEINE_NOMEM;
  rc = snOsMemory()->open(snOsMemory(), v->name, flags | OS_CREATE,
      &x->inner);
  if (rc) {
    free(x);
    return rc;
  }
  x->file.ops = &diskOps;
  x->file.vfs = v;
  *out = &x->file;
  return SEINE_OK;
}

static void diskRandom(Vfs *v, void *p, u32 n) {
  (void)v;
  for (u32 i = 0; i < n; i++) ((u8 *)p)[i] = (u8)rnd();
}

static void diskSleep(Vfs *v, u32 us) { (void)v, (void)us; }

#define DISK_VFS(name, disk) { \
  name, disk, diskOpen, NULL, NULL, NULL, diskRandom, diskSleep, \
}

static void diskInit(Disk *d) {
  d->cur = calloc(1, DISK_BYTES);
  d->dur = calloc(1, DISK_BYTES);
  d->dirty = calloc(1, DISK_SECTORS);
  if (!d->cur || !d->dur || !d->dirty) exit(1);
}

/* ---- power losses ------------------------------------------------------- */

/* What becomes of a sector, and of all of them. */
typedef enum DiskFate { DISK_OLD, DISK_NEW, DISK_GARBAGE, DISK_TORN } DiskFate;
typedef enum DiskMood {
  MOOD_HALF,    /* each sector old or new */
  MOOD_ANY,     /* each old, new, torn or garbage */
  MOOD_LATE,    /* most are new, the others torn */
  MOOD_NOTHING, /* all are old */
  MOOD_BUT_ONE, /* all are new but one */
  MOOD_ONE,     /* all are old but one */
  MOODS
} DiskMood;

/* The one sector of MOOD_ONE and MOOD_BUT_ONE: every other time one of the
** first pages, in which all is decided. */
static u64 diskChosen(const Disk *d, u64 end) {
  u64 head = SN_MIN(end, 5 * SN_PAGE / SECTOR), n[2] = {0}, k;
  for (u64 i = 0; i < end; i++) n[i >= head] += d->dirty[i];
  if (!(n[0] + n[1])) return end;
  k = n[0] && upTo(2) ? upTo(n[0]) : upTo(n[0] + n[1]);
  for (u64 i = 0; i < end; i++) {
    if (d->dirty[i] && !k--) return i;
  }
  return end;
}

static DiskFate diskFate(DiskMood mood, bool chosen) {
  static const DiskFate odd[] = {DISK_OLD, DISK_GARBAGE, DISK_TORN};
  switch (mood) {
  case MOOD_HALF: return (DiskFate)upTo(2);
  case MOOD_ANY: return (DiskFate)upTo(4);
  case MOOD_LATE: return upTo(12) < 11 ? DISK_NEW : DISK_TORN;
  case MOOD_BUT_ONE: return chosen ? odd[upTo(3)] : DISK_NEW;
  case MOOD_ONE: return chosen ? upTo(4) ? DISK_NEW : DISK_TORN : DISK_OLD;
  default: return DISK_OLD;
  }
}

/* The synced length, the present one, or one between, in whole pages.  Of a
** file that was empty it is none between: one call made it longer, and the
** length of a file is one number in its inode. */
static u64 diskKept(const Disk *d, DiskMood mood) {
  u64 lo = SN_MIN(d->size, d->dur_size), hi = SN_MAX(d->size, d->dur_size);
  u64 pages = (hi - lo) / SN_PAGE;
  if (mood == MOOD_NOTHING || d->size == d->dur_size) return d->dur_size;
  switch (upTo(4)) {
  case 0: return d->dur_size;
  case 1: return lo && pages ? lo + upTo(pages) * SN_PAGE : d->size;
  default: return d->size;
  }
}

/* What a power loss leaves of `d`, in `to`. */
static void diskCrash(const Disk *d, Disk *to, DiskMood mood) {
  u64 end = (SN_MAX(d->high, SECTOR) + SECTOR - 1) / SECTOR;
  u64 old_end = SN_MAX(SN_MAX(to->high, d->high), end * SECTOR), keep, one;
  bool lone = mood == MOOD_ONE || mood == MOOD_BUT_ONE;
  memcpy(to->dur, d->dur, end * SECTOR);
  if (old_end > end * SECTOR) {
    memset(to->dur + end * SECTOR, 0, old_end - end * SECTOR);
  }
  one = lone ? diskChosen(d, end) : end;
  for (u64 i = 0; i < end; i++) {
    u8 *o = to->dur + i * SECTOR;
    const u8 *c = d->cur + i * SECTOR;
    DiskFate fate;
    if (!d->dirty[i]) continue;
    fate = diskFate(mood, i == one);
    if (fate == DISK_NEW) memcpy(o, c, SECTOR);
    if (fate == DISK_TORN) memcpy(o, c, upTo(SECTOR));
    if (fate == DISK_GARBAGE) {
      for (u32 k = 0; k < SECTOR; k++) o[k] = (u8)rnd();
    }
  }
  keep = diskKept(d, mood);
  if (keep < old_end) memset(to->dur + keep, 0, old_end - keep);
  to->size = to->dur_size = keep;
  to->high = SN_MIN(keep, old_end);
  memcpy(to->cur, to->dur, old_end);
  memset(to->dirty, 0, DISK_SECTORS);
  to->ops = to->die_at = to->fail_sync = 0;
  to->failed = to->probing = false;
}

#endif
