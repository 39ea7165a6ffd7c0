/*
** A vfs over another one that writes down every call and can make the n-th
** of a kind fail, once or from then on.
**
**   probeOver(below)         begins: no trace, no fault
**   probeFail(kind, n, ever) the n-th call of the kind, PROBE_KINDS: of any,
**                            from now fails; 0: none
**   probeSeen                calls of that kind since then
**   probeCalls, probeCount   the trace, when probeTracing is set
**   probeRoom                bytes that a file may have, or 0: no end
**   probeSyncing             called before each sync, when set
**   probeReading             called before each read, when set
**   probeLocking             called before a lock is taken, when set
*/
#ifndef STORE_TEST_PROBE_H
#define STORE_TEST_PROBE_H
#include "os/os.h"

typedef enum ProbeKind {
  PROBE_OPEN, PROBE_READ, PROBE_WRITE, PROBE_SYNC, PROBE_SIZE, PROBE_TRUNCATE,
  PROBE_ALLOCATE, PROBE_WRITEBACK, PROBE_MAP, PROBE_LOCK, PROBE_LOWEST,
  PROBE_KINDS
} ProbeKind;

static const char *const probeNames[PROBE_KINDS] = {
  "open", "read", "write", "sync", "size", "truncate", "allocate",
  "writeback", "map", "lock", "lowest",
};

#define PROBE_HEAD 80u /* bytes of a write that the trace keeps */

typedef struct ProbeCall {
  ProbeKind kind;
  const void *file;
  u64 at, n;
  LockMode mode;
  u8 head[PROBE_HEAD];
} ProbeCall;

typedef struct ProbeFile {
  File file;
  File *below;
} ProbeFile;

static Vfs *probeBelow;
static ProbeCall *probeCalls;
static u32 probeCount, probeCap;
static bool probeTracing, probeEver, probeHit;
static ProbeKind probeKind;
static u64 probeNth;   /* 0: nothing fails */
static u64 probeRoom;
static u64 probeSeen;
static void (*probeSyncing)(void);
static void (*probeReading)(u64 at);
static void (*probeLocking)(u64 at, LockMode mode);
static int probeError; /* what a failing call returns */

static void probeFail(ProbeKind kind, u64 nth, bool ever) {
  probeKind = kind;
  probeNth = nth;
  probeSeen = 0;
  probeEver = ever;
  probeHit = false;
  probeError = kind == PROBE_ALLOCATE ? SEINE_FULL : SEINE_IOERR;
}

static int probeCall(ProbeKind kind, const void *file, u64 at, u64 n,
    const void *bytes) {
  u64 seen;
  if (probeTracing) {
    ProbeCall *c;
    if (probeCount == probeCap) {
      probeCap = probeCap ? 2 * probeCap : 1024;
      probeCalls = realloc(probeCalls, probeCap * sizeof *probeCalls);
      if (!probeCalls) exit(1);
    }
    c = probeCalls + probeCount++;
    memset(c, 0, sizeof *c);
    c->kind = kind;
    c->file = file;
    c->at = at;
    c->n = n;
    if (bytes) memcpy(c->head, bytes, SN_MIN(n, PROBE_HEAD));
  }
  if (kind != probeKind && probeKind != PROBE_KINDS) return SEINE_OK;
  seen = __atomic_add_fetch(&probeSeen, 1, __ATOMIC_RELAXED);
  if (!probeNth || (probeEver ? seen < probeNth : seen != probeNth))
    return SEINE_OK;
  if (!probeEver) probeNth = 0;
  probeHit = true;
  return probeError;
}

#define PROBE_BELOW(f) File *g = ((ProbeFile *)(f))->below

static void probeClose(File *f) {
  PROBE_BELOW(f);
  g->ops->close(g);
  free(f);
}

static int probeRead(File *f, u64 at, void *p, size_t n) {
  PROBE_BELOW(f);
  int rc = probeCall(PROBE_READ, f, at, n, NULL);
  if (probeReading) probeReading(at);
  return rc ? rc : g->ops->read(g, at, p, n);
}

/* One that fails has written the half, or what there was room for. */
static int probeWrite(File *f, u64 at, const void *p, size_t n) {
  PROBE_BELOW(f);
  int rc = probeCall(PROBE_WRITE, f, at, n, p), put;
  if (rc) n /= 2;
  if (probeRoom && at + n > probeRoom) {
    rc = SEINE_FULL;
    n = at < probeRoom ? (size_t)(probeRoom - at) : 0;
  }
  put = g->ops->write(g, at, p, n);
  return rc ? rc : put;
}

static int probeSync(File *f) {
  PROBE_BELOW(f);
  int rc = probeCall(PROBE_SYNC, f, 0, 0, NULL);
  if (probeSyncing) probeSyncing();
  return rc ? rc : g->ops->sync(g);
}

static int probeSize(File *f, u64 *out) {
  PROBE_BELOW(f);
  int rc = probeCall(PROBE_SIZE, f, 0, 0, NULL);
  return rc ? rc : g->ops->size(g, out);
}

static int probeTruncate(File *f, u64 n) {
  PROBE_BELOW(f);
  int rc = probeCall(PROBE_TRUNCATE, f, n, 0, NULL);
  return rc ? rc : g->ops->truncate(g, n);
}

static int probeAllocate(File *f, u64 n) {
  PROBE_BELOW(f);
  int rc = probeCall(PROBE_ALLOCATE, f, n, 0, NULL);
  if (probeRoom && n > probeRoom) rc = SEINE_FULL;
  return rc ? rc : g->ops->allocate(g, n);
}

static int probeWriteback(File *f, u64 at, u64 n) {
  PROBE_BELOW(f);
  int rc = probeCall(PROBE_WRITEBACK, f, at, n, NULL);
  return rc ? rc : g->ops->writeback(g, at, n);
}

static int probeMap(File *f, u64 at, size_t n, const u8 **p) {
  PROBE_BELOW(f);
  int rc = probeCall(PROBE_MAP, f, at, n, NULL);
  *p = NULL;
  return rc ? rc : g->ops->map(g, at, n, p);
}

static void probeUnmap(File *f, const u8 *p, size_t n) {
  PROBE_BELOW(f);
  g->ops->unmap(g, p, n);
}

/* Dropping a lock is never refused. */
static int probeLock(File *f, u64 at, u64 n, LockMode mode) {
  PROBE_BELOW(f);
  int rc = SEINE_OK;
  if (probeLocking && mode != LOCK_NONE) probeLocking(at, mode);
  if (mode != LOCK_NONE) rc = probeCall(PROBE_LOCK, f, at, n, NULL);
  if (probeTracing && mode != LOCK_NONE) {
    probeCalls[probeCount - 1].mode = mode;
  }
  return rc ? rc : g->ops->lock(g, at, n, mode);
}

static int probeLowest(File *f, u64 from, u64 to, u64 *out) {
  PROBE_BELOW(f);
  int rc = probeCall(PROBE_LOWEST, f, from, to - from, NULL);
  *out = to;
  return rc ? rc : g->ops->lowest(g, from, to, out);
}

static u64 probeIdent(File *f) {
  PROBE_BELOW(f);
  return g->ops->ident(g);
}

static const struct FileOps probeOps = {
  probeClose, probeRead, probeWrite, probeSync, probeSize, probeTruncate,
  probeAllocate, probeWriteback, probeMap, probeUnmap, probeLock, probeLowest,
  probeIdent,
};

static int probeOpen(Vfs *v, const char *path, int flags, File **out) {
  ProbeFile *x;
  int rc = probeCall(PROBE_OPEN, NULL, 0, 0, NULL);
  *out = NULL;
  if (rc) return rc;
  x = calloc(1, sizeof *x);
  if (!x) return SEINE_NOMEM;
  rc = probeBelow->open(probeBelow, path, flags, &x->below);
  if (rc) {
    free(x);
    return rc;
  }
  x->file.ops = &probeOps;
  x->file.vfs = v;
  *out = &x->file;
  return SEINE_OK;
}

static int probeRemove(Vfs *v, const char *path) {
  (void)v;
  return probeBelow->remove(probeBelow, path);
}

static int probeExists(Vfs *v, const char *path, bool *out) {
  (void)v;
  return probeBelow->exists(probeBelow, path, out);
}

static i64 probeNow(Vfs *v) {
  (void)v;
  return probeBelow->now_us(probeBelow);
}

static void probeRandom(Vfs *v, void *p, u32 n) {
  (void)v;
  probeBelow->random(probeBelow, p, n);
}

static void probeSleep(Vfs *v, u32 us) { (void)v, (void)us; }

static Vfs probeVfs = {
  "probe", NULL, probeOpen, probeRemove, probeExists, probeNow, probeRandom,
  probeSleep,
};

static void probeOver(Vfs *below) {
  probeBelow = below;
  probeCount = 0;
  probeTracing = false;
  probeRoom = 0;
  probeFail(PROBE_OPEN, 0, false);
}

/* A file of the memory vfs as it was saved, to be put back. */
typedef struct ProbeImage { u8 *bytes; u64 n; } ProbeImage;

static inline bool probeSave(ProbeImage *m, const char *path) {
  File *f = NULL;
  free(m->bytes);
  m->bytes = NULL;
  bool good = !snOsMemory()->open(snOsMemory(), path, OS_CREATE, &f)
      && !f->ops->size(f, &m->n);
  if (good) m->bytes = malloc(m->n + 1);
  good = good && m->bytes && !f->ops->read(f, 0, m->bytes, m->n);
  if (f) f->ops->close(f);
  return good;
}

static inline bool probeBack(const ProbeImage *m, const char *path) {
  File *f = NULL;
  snOsMemory()->remove(snOsMemory(), path);
  bool good = !snOsMemory()->open(snOsMemory(), path, OS_CREATE, &f)
      && !f->ops->write(f, 0, m->bytes, m->n);
  if (f) f->ops->close(f);
  return good;
}

#undef PROBE_BELOW
#endif
