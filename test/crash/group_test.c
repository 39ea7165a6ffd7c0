/*
** What a power loss leaves of commits that share their syncs.  Threads with a
** connection each commit rows to one file, on a disk that writes down every
** write, sync and growth; its syncs take a while, and cover what was written
** before they began.  From that trace the disk is built again, deed by deed,
** and at each deed the power is lost a few times (see image_test.c).  In each
** image
**   - is every row whose statement had returned
**   - is of each thread's rows a first part: none without the one before it
**   - is no row whose statement had not begun
**   - PRAGMA integrity_check says ok
**
**   1 that holds, and transactions did share syncs
**   2 when a sync fails: whoever shared it, or built on it, has an error; a
**     new connection writes on
**   3 a commit that is acknowledged before the sync that covers it is found,
**     and by the watch over the store at once
**
** usage: group_test [images [seed]]
*/
#include "seine.h"
#include "store/storeInt.h"
#include "../store/disk.h"
#include "../tap.h"
#include <pthread.h>

#define THREADS 6u
#define ROWS    40u
#define SYNC_US 400u

/* ---- the trace ---------------------------------------------------------- */

/* from: of a sync, the number of deeds it covers. */
typedef struct Deed {
  DiskDeed deed;
  u64 at, n;
  u8 *bytes;
  u32 from;
  bool fails;
} Deed;

static struct {
  pthread_mutex_t lock;
  Deed *deed;
  u32 n, cap, syncs, fail_at; /* the sync that fails, or 0 */
  u32 begun[THREADS][ROWS], acked[THREADS][ROWS]; /* 0: not; else deeds + 1 */
  u32 told[THREADS]; /* statements that returned without an error */
} trace = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void traceEnter(void) { pthread_mutex_lock(&trace.lock); }
static void traceLeave(void) { pthread_mutex_unlock(&trace.lock); }

static void traceAdd(Deed d, const void *p) {
  if (trace.n == trace.cap) {
    trace.cap = trace.cap ? 2 * trace.cap : 1024;
    trace.deed = realloc(trace.deed, trace.cap * sizeof *trace.deed);
  }
  if (p) {
    d.bytes = malloc(d.n);
    if (d.bytes) memcpy(d.bytes, p, d.n);
  }
  if (!trace.deed || (p && !d.bytes)) exit(1);
  trace.deed[trace.n++] = d;
}

static void traceClear(void) {
  for (u32 i = 0; i < trace.n; i++) free(trace.deed[i].bytes);
  trace.n = trace.syncs = trace.fail_at = 0;
  memset(trace.begun, 0, sizeof trace.begun);
  memset(trace.acked, 0, sizeof trace.acked);
  memset(trace.told, 0, sizeof trace.told);
}

/* ---- a disk for threads ------------------------------------------------- */

static Disk live, again, image;

static int tapeRead(File *f, u64 at, void *p, size_t n) {
  traceEnter();
  int rc = diskRead(f, at, p, n);
  traceLeave();
  return rc;
}

static int tapeWrite(File *f, u64 at, const void *p, size_t n) {
  traceEnter();
  traceAdd((Deed){.deed = DISK_WRITE, .at = at, .n = n}, p);
  int rc = diskWrite(f, at, p, n);
  traceLeave();
  return rc;
}

static int tapeSync(File *f) {
  Deed d = {.deed = DISK_SYNC};
  traceEnter();
  d.from = trace.n;
  d.fails = ++trace.syncs == trace.fail_at;
  traceLeave();
  snOsUnix()->sleep_us(f->vfs, SYNC_US);
  traceEnter();
  traceAdd(d, NULL);
  traceLeave();
  return d.fails ? SEINE_IOERR : SEINE_OK;
}

static int tapeSize(File *f, u64 *out) {
  traceEnter();
  int rc = diskSize(f, out);
  traceLeave();
  return rc;
}

static int tapeAllocate(File *f, u64 n) {
  traceEnter();
  traceAdd((Deed){.deed = DISK_GROW, .at = n}, NULL);
  int rc = diskAllocate(f, n);
  traceLeave();
  return rc;
}

static int tapeTruncate(File *f, u64 n) {
  traceEnter();
  traceAdd((Deed){.deed = DISK_CUT, .at = n}, NULL);
  int rc = diskTruncate(f, n);
  traceLeave();
  return rc;
}

static struct FileOps tapeOps;

static int tapeOpen(Vfs *v, const char *name, int flags, File **out) {
  int rc = diskOpen(v, name, flags, out);
  if (!rc) (*out)->ops = &tapeOps;
  return rc;
}

static Vfs tapeVfs = DISK_VFS("group-live", &live);
static Vfs imageVfs = DISK_VFS("group-image", &image);

/* ---- again -------------------------------------------------------------- */

static u32 *written; /* by sector: the deeds up to its last write */

/* What was written after the sync began may have reached the disk or not. */
static void againSync(const Deed *x) {
  for (u64 i = 0; i * SECTOR < SN_MAX(again.high, SECTOR); i++) {
    u8 *c = again.cur + i * SECTOR, *o = again.dur + i * SECTOR;
    if (!again.dirty[i] || written[i] > x->from) continue;
    again.dirty[i] = 0;
    if (!x->fails || upTo(2)) memcpy(o, c, SECTOR);
  }
  again.dur_size = again.size;
}

static void againDo(u32 k) {
  const Deed *x = trace.deed + k;
  switch (x->deed) {
  case DISK_WRITE:
    diskPut(&again, x->at, x->bytes, x->n);
    for (u64 i = x->at / SECTOR; i <= (x->at + x->n - 1) / SECTOR; i++)
      written[i] = k + 1;
    break;
  case DISK_SYNC: againSync(x); break;
  case DISK_CUT: diskCut(&again, x->at); break;
  default: diskGrow(&again, x->at);
  }
}

static void diskEmpty(Disk *d) {
  memset(d->cur, 0, DISK_BYTES);
  memset(d->dur, 0, DISK_BYTES);
  memset(d->dirty, 0, DISK_SECTORS);
  d->size = d->dur_size = d->high = d->ops = 0;
}

/* ---- the threads -------------------------------------------------------- */

static seine *openOn(const char *vfs) {
  seine *db = NULL;
  if (!seine_open_v2("group.db", &db,
      SEINE_OPEN_READWRITE | SEINE_OPEN_CREATE, vfs)) return db;
  printf("# open: %s\n", seine_errmsg(db));
  seine_close(db);
  return NULL;
}

static void *threadRun(void *arg) {
  u32 me = *(u32 *)arg;
  seine *db = openOn(tapeVfs.name);
  char sql[100];
  for (u32 i = 0; db && i < ROWS; i++) {
    snprintf(sql, sizeof sql, i % 9 == 4
            ? "BEGIN; DELETE FROM t WHERE id = -1; INSERT INTO t VALUES"
              " (%u, %u); COMMIT" : "INSERT INTO t VALUES (%u, %u)", me, i);
    traceEnter();
    trace.begun[me][i] = trace.n + 1;
    traceLeave();
    if (seine_exec(db, sql, NULL, NULL, NULL)) break;
    traceEnter();
    trace.acked[me][i] = trace.n + 1;
    trace.told[me]++;
    traceLeave();
  }
  seine_close(db);
  return NULL;
}

static bool threadsRun(u32 fail_at) {
  pthread_t t[THREADS];
  u32 me[THREADS];
  seine *db;
  int rc;
  traceClear();
  diskEmpty(&live);
  db = openOn(tapeVfs.name);
  rc = !db || seine_exec(db, "CREATE TABLE t (id INTEGER, n INTEGER)", NULL,
      NULL, NULL);
  seine_close(db);
  if (rc) return false;
  trace.fail_at = fail_at ? trace.syncs + fail_at : 0;
  for (u32 i = 0; i < THREADS; i++) {
    me[i] = i;
    if (pthread_create(t + i, NULL, threadRun, me + i)) exit(1);
  }
  for (u32 i = 0; i < THREADS; i++) pthread_join(t[i], NULL);
  return true;
}

/* ---- images ------------------------------------------------------------- */

static u64 images, violations;

static int rowSeen(void *arg, int n, char **text, char **name) {
  bool (*seen)[ROWS] = arg;
  unsigned long id = strtoul(text[0], NULL, 10), k;
  (void)n, (void)name;
  k = strtoul(text[1], NULL, 10);
  if (id >= THREADS || k >= ROWS || seen[id][k]) return 1;
  seen[id][k] = true;
  return 0;
}

static int saysOk(void *arg, int n, char **text, char **name) {
  (void)arg, (void)n, (void)name;
  return strcmp(text[0], "ok") != 0;
}

static const char *imageWrong(u32 at) {
  bool seen[THREADS][ROWS] = {{false}};
  seine *db = openOn(imageVfs.name);
  const char *wrong = NULL;
  bool early = trace.begun[0][0] == 0 || at < trace.begun[0][0];
  int rc = db ? seine_exec(db, "SELECT id, n FROM t", rowSeen, seen, NULL) : 1;
  if (!db) wrong = "does not open";
  else if (rc && !early) wrong = "cannot be read";
  else if (seine_exec(db, "PRAGMA integrity_check", saysOk, NULL, NULL))
    wrong = "is not whole";
  for (u32 i = 0; !wrong && i < THREADS; i++) {
    for (u32 k = 0; !wrong && k < ROWS; k++) {
      u32 acked = trace.acked[i][k], begun = trace.begun[i][k];
      if (acked && acked <= at + 1 && !seen[i][k])
        wrong = "lacks a row that was acknowledged";
      if (seen[i][k] && (!begun || begun > at + 1))
        wrong = "has a row that nobody wrote yet";
      if (k && seen[i][k] && !seen[i][k - 1]) wrong = "lacks a row between";
    }
  }
  seine_close(db);
  return wrong;
}

static void imagesOf(u64 want, bool quiet) {
  double each = (double)want / (trace.n + 1), due = 0;
  diskEmpty(&again);
  memset(written, 0, DISK_SECTORS * sizeof *written);
  for (u32 at = 0; at <= trace.n; at++) {
    for (due += each; due >= 1; due -= 1) {
      const char *wrong;
      images++;
      diskCrash(&again, &image, (DiskMood)upTo(MOODS));
      wrong = imageWrong(at);
      if (wrong && !violations++ && !quiet)
        printf("# image at deed %u of %u %s\n", at, trace.n, wrong);
      if (wrong && quiet) return;
    }
    if (at < trace.n) againDo(at);
  }
}

/* ---- the groups --------------------------------------------------------- */

static void shareGroup(u64 want) {
  bool good = threadsRun(0);
  u32 told = 0;
  char text[100];
  for (u32 i = 0; i < THREADS; i++) told += trace.told[i];
  tapOk(good && told == THREADS * ROWS, "every row is acknowledged");
  snprintf(text, sizeof text, "%u commits share %u syncs", told, trace.syncs);
  tapOk(trace.syncs < told, "%s", text);
  imagesOf(want, false);
  tapOk(!violations, "no image lacks what was acknowledged");
}

static void failGroup(u64 want) {
  bool good = true, told = true;
  for (u32 round = 0; good && round < 4; round++) {
    seine *db;
    u32 syncs, all = 0;
    good = threadsRun(2 + 5 * round);
    syncs = trace.syncs;
    for (u32 i = 0; i < THREADS; i++) all += trace.told[i];
    told &= all < THREADS * ROWS;
    db = openOn(tapeVfs.name);
    good = good && db && !seine_exec(db, "CREATE TABLE after (a INTEGER)",
        NULL, NULL, NULL) && trace.syncs > syncs;
    seine_close(db);
    imagesOf(want / 4, false);
  }
  tapOk(told, "a sync that failed is told");
  tapOk(good, "a new connection does");
  tapOk(!violations, "what was acknowledged is kept");
}

static u64 seen;
static void seenTold(const char *text) {
  (void)text;
  seen++;
}

static void faultGroup(u64 want) {
  snWatchTell(seenTold);
  snStoreFaultSet(FAULT_ACK_EARLY);
  violations = 0;
  for (u32 i = 0; i < 10 && !violations; i++) {
    if (threadsRun(0)) imagesOf(want, true);
  }
  snStoreFaultSet(FAULT_NONE);
  snWatchTell(NULL);
  tapOk(violations > 0, "acknowledged before the covering sync: found");
  if (STORE_WATCHED) tapOk(seen > 0, "... by the watch over the store, too");
}

int main(int argc, char **argv) {
  u64 want = argc > 1 ? strtoull(argv[1], NULL, 10)
      : getenv("SEINE_QUICK") ? 600 : 6000;
  if (argc > 2) testSeed = strtoull(argv[2], NULL, 10) * 0x9e3779b97f4a7c15ull;
  diskInit(&live);
  diskInit(&again);
  diskInit(&image);
  written = calloc(DISK_SECTORS, sizeof *written);
  if (!written) return 1;
  tapeOps = diskOps;
  tapeOps.read = tapeRead;
  tapeOps.write = tapeWrite;
  tapeOps.sync = tapeSync;
  tapeOps.size = tapeSize;
  tapeOps.truncate = tapeTruncate;
  tapeOps.allocate = tapeAllocate;
  tapeVfs.open = tapeOpen;
  tapeVfs.sleep_us = snOsUnix()->sleep_us;
  snOsRegister(&tapeVfs);
  snOsRegister(&imageVfs);
  shareGroup(want);
  failGroup(want);
  faultGroup(want);
  snOsUnregister(&imageVfs);
  snOsUnregister(&tapeVfs);
  traceClear();
  printf("# %llu images\n", (unsigned long long)images);
  return tapEnd();
}

/* Nothing is probed in the middle of a write here. */
static void probe(void) {}
