/*
** A disk that crashes, for store_test.c: a vfs over one file, with its cache,
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
#define DISK_BYTES (6u << 20)
#define DISK_SECTORS (DISK_BYTES / SECTOR)

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
} Disk;

typedef struct DiskFile {
  File file;
  File *inner;
} DiskFile;

static Disk live, image;
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
  memcpy(d->cur + at, p, n);
  if (n) {
    u64 first = at / SECTOR, last = (at + n - 1) / SECTOR;
    memset(d->dirty + first, 1, last - first + 1);
  }
  d->size = SN_MAX(d->size, at + n);
  d->high = SN_MAX(d->high, at + n);
  if (dies) return SEINE_IOERR;
  if (d->probing) probe();
  return SEINE_OK;
}

static int diskSync(File *f) {
  Disk *d = f->vfs->state;
  u64 end = (SN_MAX(d->high, SECTOR) + SECTOR - 1) / SECTOR;
  bool fails;
  if (diskDead(d)) return SEINE_IOERR;
  if (d->probing) probe();
  d->ops++;
  if (diskDead(d)) return SEINE_IOERR;
  fails = d->fail_sync && !--d->fail_sync;
  for (u64 i = 0; i < end; i++) {
    u8 *c = d->cur + i * SECTOR, *o = d->dur + i * SECTOR;
    if (!d->dirty[i]) continue;
    d->dirty[i] = 0;
    if (!fails || upTo(2)) memcpy(o, c, SECTOR);
    else if (d->revert) memcpy(c, o, SECTOR);
  }
  d->dur_size = d->size;
  d->failed = d->failed || fails;
  return fails ? SEINE_IOERR : SEINE_OK;
}

static int diskSize(File *f, u64 *out) {
  Disk *d = f->vfs->state;
  *out = d->size;
  return diskDead(d) ? SEINE_IOERR : SEINE_OK;
}

/* What is cut is dirty: until the next sync the disk may hold it still. */
static int diskTruncate(File *f, u64 n) {
  Disk *d = f->vfs->state;
  u64 end = SN_MIN(d->size, d->high);
  if (diskDead(d)) return SEINE_IOERR;
  d->ops++;
  if (n < end) {
    memset(d->cur + n, 0, end - n);
    memset(d->dirty + n / SECTOR, 1, (end - 1) / SECTOR - n / SECTOR + 1);
  }
  d->size = SN_MIN(d->size, n);
  return SEINE_OK;
}

static int diskAllocate(File *f, u64 n) {
  Disk *d = f->vfs->state;
  if (diskDead(d)) return SEINE_IOERR;
  if (n > DISK_BYTES) return SEINE_FULL;
  d->ops++;
  d->size = SN_MAX(d->size, n);
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

static Vfs liveVfs = {
  "disk-live", &live, diskOpen, NULL, NULL, NULL, diskRandom, diskSleep,
};
static Vfs imageVfs = {
  "disk-image", &image, diskOpen, NULL, NULL, NULL, diskRandom, diskSleep,
};

static void diskInit(Disk *d) {
  d->cur = calloc(1, DISK_BYTES);
  d->dur = calloc(1, DISK_BYTES);
  d->dirty = calloc(1, DISK_SECTORS);
  if (!d->cur || !d->dur || !d->dirty) exit(1);
}

/* What a power loss leaves of `d`: every dirty sector is old, new, torn or
** garbage.  The size is the synced or the present one: the journal of a file
** system keeps growth in order before the data. */
static void diskCrash(const Disk *d, Disk *to, u32 mood) {
  u64 end = (SN_MAX(d->high, SECTOR) + SECTOR - 1) / SECTOR;
  u64 old_end = SN_MAX(SN_MAX(to->high, d->high), end * SECTOR), keep;
  memcpy(to->dur, d->dur, end * SECTOR);
  if (old_end > end * SECTOR) {
    memset(to->dur + end * SECTOR, 0, old_end - end * SECTOR);
  }
  for (u64 i = 0; i < end; i++) {
    u8 *o = to->dur + i * SECTOR;
    const u8 *c = d->cur + i * SECTOR;
    u64 cut, how;
    if (!d->dirty[i]) continue;
    if (mood == 3) continue; /* all is lost */
    how = mood == 0 ? upTo(2) : mood == 1 ? upTo(4) : upTo(12) / 11 * 2 + 1;
    if (how == 1) memcpy(o, c, SECTOR);
    if (how == 2) for (u32 k = 0; k < SECTOR; k++) o[k] = (u8)rnd();
    if (how == 3) {
      cut = upTo(SECTOR);
      memcpy(o, c, cut);
    }
  }
  keep = mood < 3 && upTo(3) ? d->size : d->dur_size;
  if (keep < old_end) memset(to->dur + keep, 0, old_end - keep);
  to->size = to->dur_size = keep;
  to->high = SN_MIN(keep, old_end);
  memcpy(to->cur, to->dur, old_end);
  memset(to->dirty, 0, DISK_SECTORS);
  to->ops = to->die_at = to->fail_sync = 0;
  to->failed = to->probing = false;
}

#endif
