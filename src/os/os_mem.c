/*
** Files in memory, with the locks and the manners of real ones, and the list
** of vfs by name.
**
** Invariants:
** (1) A file's bytes lie in chunks of 1 MiB; a chunk that is absent is zeros.
** (2) What lies behind the size inside a chunk is zeros: growing shows none
**     of what a truncation cut off.
** (3) One mutex guards everything here; nobody calls out under it.
*/
#include "os/os.h"
#include <pthread.h>

#define OS_MEM_CHUNK ((u64)1 << 20)

typedef struct OsMemLock {
  const File *owner;
  u64 from, to; /* [from, to) */
  LockMode mode;
} OsMemLock;

typedef struct OsMemNode {
  struct OsMemNode *next; /* of the named ones */
  char *name;             /* NULL: nameless or removed */
  u8 **chunks;
  u32 nchunks, chunk_cap;
  u64 size, ident;
  u32 refs; /* open Files */
  OsMemLock *locks;
  u32 nlocks, lock_cap;
} OsMemNode;

typedef struct OsMemFile {
  File file;
  OsMemNode *node;
  bool read_only;
} OsMemFile;

static pthread_mutex_t osMemMutex = PTHREAD_MUTEX_INITIALIZER;
static OsMemNode *osMemNames;
static u64 osMemIdents;

static void osMemEnter(void) { pthread_mutex_lock(&osMemMutex); }
static void osMemLeave(void) { pthread_mutex_unlock(&osMemMutex); }

/* ---- nodes -------------------------------------------------------------- */

static void osMemNodeFree(OsMemNode *n) {
  for (u32 i = 0; i < n->nchunks; i++) snMemFree(n->chunks[i]);
  snMemFree(n->chunks);
  snMemFree(n->locks);
  snMemFree(n->name);
  snMemFree(n);
}

static OsMemNode *osMemNodeNew(const char *name) {
  OsMemNode *n = snMemZero(NULL, sizeof *n);
  if (!n) return NULL;
  if (name) {
    n->name = snMemDup(NULL, name, strlen(name));
    if (!n->name) {
      snMemFree(n);
      return NULL;
    }
    n->next = osMemNames;
    osMemNames = n;
  }
  n->ident = ++osMemIdents;
  return n;
}

static OsMemNode **osMemFind(const char *name) {
  OsMemNode **p = &osMemNames;
  while (*p && strcmp((*p)->name, name)) p = &(*p)->next;
  return p;
}

/* The chunk that holds offset `at`, made when it is absent. */
static u8 *osMemChunk(OsMemNode *n, u64 at) {
  u64 i = at / OS_MEM_CHUNK;
  if (i >= n->nchunks) {
    if (i >= UINT32_MAX / 2) return NULL;
    if (snMemGrow(NULL, &n->chunks, &n->chunk_cap, i + 1, sizeof(u8 *))) {
      return NULL;
    }
    memset(n->chunks + n->nchunks, 0,
        (size_t)(i + 1 - n->nchunks) * sizeof(u8 *));
    n->nchunks = (u32)i + 1;
  }
  if (!n->chunks[i]) n->chunks[i] = snMemZero(NULL, OS_MEM_CHUNK);
  return n->chunks[i];
}

/* ---- files -------------------------------------------------------------- */

static void osMemClose(File *f) {
  OsMemFile *m = (OsMemFile *)f;
  OsMemNode *n = m->node;
  u32 kept = 0;
  osMemEnter();
  for (u32 i = 0; i < n->nlocks; i++) {
    if (n->locks[i].owner != f) n->locks[kept++] = n->locks[i];
  }
  n->nlocks = kept;
  n->refs--;
  if (!n->refs && !n->name) osMemNodeFree(n);
  osMemLeave();
  snMemFree(m);
}

static int osMemRead(File *f, u64 at, void *p, size_t n) {
  OsMemNode *node = ((OsMemFile *)f)->node;
  u8 *to = p;
  osMemEnter();
  while (n) {
    u64 in = at % OS_MEM_CHUNK, i = at / OS_MEM_CHUNK;
    size_t k = (size_t)SN_MIN(n, OS_MEM_CHUNK - in);
    if (i < node->nchunks && node->chunks[i]) {
      memcpy(to, node->chunks[i] + in, k);
    } else {
      memset(to, 0, k);
    }
    to += k;
    at += k;
    n -= k;
  }
  osMemLeave();
  return SEINE_OK;
}

static int osMemWrite(File *f, u64 at, const void *p, size_t n) {
  OsMemFile *m = (OsMemFile *)f;
  const u8 *from = p;
  int rc = SEINE_OK;
  if (m->read_only) return SEINE_READONLY;
  osMemEnter();
  while (n) {
    u64 in = at % OS_MEM_CHUNK;
    size_t k = (size_t)SN_MIN(n, OS_MEM_CHUNK - in);
    u8 *to = osMemChunk(m->node, at);
    if (!to) {
      rc = SN_NOMEM;
      break;
    }
    memcpy(to + in, from, k);
    from += k;
    at += k;
    n -= k;
    m->node->size = SN_MAX(m->node->size, at);
  }
  osMemLeave();
  return rc;
}

static int osMemSync(File *f) {
  (void)f;
  return SEINE_OK;
}

static int osMemSize(File *f, u64 *out) {
  osMemEnter();
  *out = ((OsMemFile *)f)->node->size;
  osMemLeave();
  return SEINE_OK;
}

static int osMemTruncate(File *f, u64 size) {
  OsMemFile *m = (OsMemFile *)f;
  OsMemNode *n = m->node;
  u64 keep = (size + OS_MEM_CHUNK - 1) / OS_MEM_CHUNK;
  if (m->read_only) return SEINE_READONLY;
  osMemEnter();
  while (n->nchunks > keep) snMemFree(n->chunks[--n->nchunks]);
  if (size % OS_MEM_CHUNK && keep == n->nchunks && n->chunks[keep - 1]) {
    u64 in = size % OS_MEM_CHUNK;
    if (n->size > size) { /* behind its end a file is 0 */
      memset(n->chunks[keep - 1] + in, 0,
          (size_t)SN_MIN(n->size - size, OS_MEM_CHUNK - in));
    }
  }
  n->size = size;
  osMemLeave();
  return SEINE_OK;
}

static int osMemAllocate(File *f, u64 size) {
  OsMemFile *m = (OsMemFile *)f;
  if (m->read_only) return SEINE_READONLY;
  osMemEnter();
  m->node->size = SN_MAX(m->node->size, size);
  osMemLeave();
  return SEINE_OK;
}

static int osMemWriteback(File *f, u64 at, u64 n) {
  (void)f, (void)at, (void)n;
  return SEINE_OK;
}

static int osMemMap(File *f, u64 at, size_t n, const u8 **p) {
  (void)f, (void)at, (void)n;
  *p = NULL;
  return SEINE_OK;
}

static void osMemUnmap(File *f, const u8 *p, size_t n) {
  (void)f, (void)p, (void)n;
}

/* ---- locks -------------------------------------------------------------- */

static bool osMemConflict(const OsMemNode *n, const File *f, u64 from, u64 to,
    LockMode mode) {
  for (u32 i = 0; i < n->nlocks; i++) {
    const OsMemLock *l = n->locks + i;
    if (l->owner == f || l->to <= from || l->from >= to) continue;
    if (mode == LOCK_EXCLUSIVE || l->mode == LOCK_EXCLUSIVE) return true;
  }
  return false;
}

static int osMemLockSet(OsMemNode *n, const File *f, u64 from, u64 to,
    LockMode mode) {
  u32 old = n->nlocks, kept = 0;
  if (mode != LOCK_NONE && osMemConflict(n, f, from, to, mode)) {
    return SEINE_BUSY;
  }
  /* Room first, so that nothing is half done: each lock of ours may leave
  ** two pieces (only one can, but the bound is cheap), and the new one. */
  if (snMemGrow(NULL, &n->locks, &n->lock_cap, (u64)old * 2 + 1,
      sizeof *n->locks)) {
    return SN_NOMEM;
  }
  for (u32 i = 0; i < old; i++) {
    OsMemLock l = n->locks[i];
    if (l.owner != f || l.to <= from || l.from >= to) {
      n->locks[kept++] = l;
      continue;
    }
    if (l.to > to) {
      OsMemLock right = {f, to, l.to, l.mode};
      n->locks[n->nlocks++] = right;
    }
    if (l.from < from) {
      l.to = from;
      n->locks[kept++] = l;
    }
  }
  memmove(n->locks + kept, n->locks + old,
      (n->nlocks - old) * sizeof *n->locks);
  n->nlocks = kept + n->nlocks - old;
  if (mode != LOCK_NONE) {
    OsMemLock l = {f, from, to, mode};
    n->locks[n->nlocks++] = l;
  }
  return SEINE_OK;
}

static int osMemLock(File *f, u64 at, u64 n, LockMode mode) {
  int rc;
  osMemEnter();
  rc = osMemLockSet(((OsMemFile *)f)->node, f, at, at + n, mode);
  osMemLeave();
  return rc;
}

static int osMemLowest(File *f, u64 from, u64 to, u64 *out) {
  OsMemNode *n = ((OsMemFile *)f)->node;
  *out = to;
  osMemEnter();
  for (u32 i = 0; i < n->nlocks; i++) {
    const OsMemLock *l = n->locks + i;
    if (l->owner == f || l->to <= from || l->from >= *out) continue;
    *out = SN_MAX(l->from, from);
  }
  osMemLeave();
  return SEINE_OK;
}

static u64 osMemIdent(File *f) { return ((OsMemFile *)f)->node->ident; }

static const struct FileOps osMemOps = {
  osMemClose, osMemRead, osMemWrite, osMemSync, osMemSize, osMemTruncate,
  osMemAllocate, osMemWriteback, osMemMap, osMemUnmap, osMemLock,
  osMemLowest, osMemIdent,
};

/* ---- the vfs ------------------------------------------------------------ */

static int osMemOpen(Vfs *v, const char *path, int flags, File **out) {
  OsMemFile *m;
  OsMemNode *n = NULL;
  bool named = path && !(flags & OS_TEMP);
  *out = NULL;
  m = snMemZero(NULL, sizeof *m);
  if (!m) return SN_NOMEM;
  osMemEnter();
  if (named) n = *osMemFind(path);
  if (!n && named && !(flags & OS_CREATE)) {
    osMemLeave();
    snMemFree(m);
    return SEINE_CANTOPEN;
  }
  if (!n) n = osMemNodeNew(named ? path : NULL);
  if (n) n->refs++;
  osMemLeave();
  if (!n) {
    snMemFree(m);
    return SN_NOMEM;
  }
  m->file.ops = &osMemOps;
  m->file.vfs = v;
  m->node = n;
  m->read_only = (flags & OS_READONLY) != 0;
  *out = &m->file;
  return SEINE_OK;
}

static int osMemRemove(Vfs *v, const char *path) {
  OsMemNode **p, *n;
  (void)v;
  osMemEnter();
  p = osMemFind(path);
  n = *p;
  if (n) {
    *p = n->next;
    snMemFree(n->name);
    n->name = NULL;
    if (!n->refs) osMemNodeFree(n);
  }
  osMemLeave();
  return SEINE_OK;
}

static int osMemExists(Vfs *v, const char *path, bool *out) {
  (void)v;
  osMemEnter();
  *out = *osMemFind(path) != NULL;
  osMemLeave();
  return SEINE_OK;
}

static i64 osMemNow(Vfs *v) {
  (void)v;
  return snOsUnix()->now_us(snOsUnix());
}

static void osMemRandom(Vfs *v, void *p, u32 n) {
  (void)v;
  snOsUnix()->random(snOsUnix(), p, n);
}

static void osMemSleep(Vfs *v, u32 us) {
  (void)v;
  snOsUnix()->sleep_us(snOsUnix(), us);
}

Vfs *snOsMemory(void) {
  static Vfs v = {
    "memory", NULL, osMemOpen, osMemRemove, osMemExists, osMemNow,
    osMemRandom, osMemSleep,
  };
  return &v;
}

/* ---- by name ------------------------------------------------------------ */

#ifdef SEINE_TEST
static Vfs *osMemTests[8];

void snOsRegister(Vfs *v) {
  for (u32 i = 0; i < SN_COUNT(osMemTests); i++) {
    if (osMemTests[i]) continue;
    osMemTests[i] = v;
    return;
  }
}

void snOsUnregister(Vfs *v) {
  for (u32 i = 0; i < SN_COUNT(osMemTests); i++) {
    if (osMemTests[i] == v) osMemTests[i] = NULL;
  }
}
#endif

Vfs *snOsFind(const char *name) {
  if (!name || !strcmp(name, "unix")) return snOsUnix();
  if (!strcmp(name, "memory")) return snOsMemory();
#ifdef SEINE_TEST
  for (u32 i = 0; i < SN_COUNT(osMemTests); i++) {
    Vfs *v = osMemTests[i];
    if (v && !strcmp(name, v->name)) return v;
  }
#endif
  return NULL;
}

#undef OS_MEM_CHUNK
