/*
** Where bytes touch a POSIX machine with open-file-description locks.
**
** Invariants:
** (1) No descriptor is 0, 1 or 2, so that stray output of the host program
**     never lands in a database, and all are closed by exec.
** (2) Nothing is retried after fdatasync() failed: the kernel has forgotten
**     which pages did not arrive, and a second call would lie.
** (3) A file that was empty when opened for writing has its directory synced
**     together with its first sync, or else the name could be lost.
** (4) Locks belong to the open file description: two Files on one file
**     conflict, also inside a process, and closing one drops only its own.
*/
#include "os/os.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

_Static_assert(sizeof(off_t) == 8, "lock bytes lie beyond 2^61");

typedef struct OsUnixFile {
  File file;
  int fd;
  u64 ident;
  char *dir; /* to be synced with the first sync, or NULL */
} OsUnixFile;

/* ---- errors ------------------------------------------------------------- */

static int osUnixError(int err) {
  switch (err) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG: return SEINE_FULL;
    case ENOMEM: return SN_NOMEM;
    case EROFS: return SEINE_READONLY;
    default: return SN_IOERR;
  }
}

/* ---- files -------------------------------------------------------------- */

static void osUnixClose(File *f) {
  OsUnixFile *u = (OsUnixFile *)f;
  close(u->fd);
  snMemFree(u->dir);
  snMemFree(u);
}

static int osUnixRead(File *f, u64 at, void *p, size_t n) {
  OsUnixFile *u = (OsUnixFile *)f;
  u8 *to = p;
  while (n) {
    ssize_t got = pread(u->fd, to, SN_MIN(n, (size_t)1 << 30), (off_t)at);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return osUnixError(errno);
    if (got == 0) break;
    to += got;
    at += (u64)got;
    n -= (size_t)got;
  }
  if (n) memset(to, 0, n);
  return SEINE_OK;
}

static int osUnixWrite(File *f, u64 at, const void *p, size_t n) {
  OsUnixFile *u = (OsUnixFile *)f;
  const u8 *from = p;
  while (n) {
    ssize_t put = pwrite(u->fd, from, SN_MIN(n, (size_t)1 << 30), (off_t)at);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return osUnixError(errno);
    if (put == 0) return SEINE_FULL;
    from += put;
    at += (u64)put;
    n -= (size_t)put;
  }
  return SEINE_OK;
}

/* Makes the name of a new file durable.  Some file systems cannot sync a
** directory and need not: they say EINVAL. */
static int osUnixSyncDir(OsUnixFile *u) {
  int rc = SEINE_OK;
  int fd = open(u->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return SEINE_OK; /* may be searched but not read */
  if (fsync(fd) && errno != EINVAL && errno != ENOTSUP) {
    rc = osUnixError(errno);
  }
  close(fd);
  if (rc) return rc;
  snMemFree(u->dir);
  u->dir = NULL;
  return SEINE_OK;
}

static int osUnixSync(File *f) {
  OsUnixFile *u = (OsUnixFile *)f;
  int n;
  do n = fdatasync(u->fd);
  while (n && errno == EINTR);
  if (n) return osUnixError(errno);
  return u->dir ? osUnixSyncDir(u) : SEINE_OK;
}

static int osUnixSize(File *f, u64 *out) {
  OsUnixFile *u = (OsUnixFile *)f;
  struct stat st;
  *out = 0;
  if (fstat(u->fd, &st)) return osUnixError(errno);
  *out = (u64)st.st_size;
  return SEINE_OK;
}

static int osUnixTruncate(File *f, u64 n) {
  OsUnixFile *u = (OsUnixFile *)f;
  int r;
  do r = ftruncate(u->fd, (off_t)n);
  while (r && errno == EINTR);
  return r ? osUnixError(errno) : SEINE_OK;
}

static int osUnixAllocate(File *f, u64 n) {
  OsUnixFile *u = (OsUnixFile *)f;
  u64 size;
  int r, rc = osUnixSize(f, &size);
  if (rc) return rc;
  if (n <= size) return SEINE_OK;
  do r = fallocate(u->fd, 0, (off_t)size, (off_t)(n - size));
  while (r && errno == EINTR);
  if (!r) return SEINE_OK;
  if (errno != EOPNOTSUPP && errno != ENOSYS) return osUnixError(errno);
  return osUnixTruncate(f, n);
}

static int osUnixWriteback(File *f, u64 at, u64 n) {
  OsUnixFile *u = (OsUnixFile *)f;
  if (!sync_file_range(u->fd, (off_t)at, (off_t)n, SYNC_FILE_RANGE_WRITE)) {
    return SEINE_OK;
  }
  return errno == EIO || errno == ENOSPC ? osUnixError(errno) : SEINE_OK;
}

/* ---- maps --------------------------------------------------------------- */

/* The machine's page may be larger than ours: a map begins at its boundary
** and the pointer points inside. */
static size_t osUnixMapGap(u64 at) {
  static long page;
  if (!page) page = sysconf(_SC_PAGESIZE);
  return (size_t)(at & ((u64)page - 1));
}

static int osUnixMap(File *f, u64 at, size_t n, const u8 **p) {
  OsUnixFile *u = (OsUnixFile *)f;
  size_t gap = osUnixMapGap(at);
  void *m;
  *p = NULL;
  m = mmap(NULL, n + gap, PROT_READ, MAP_SHARED, u->fd, (off_t)(at - gap));
  /* A file system without maps, or no address space: the caller reads. */
  if (m == MAP_FAILED) return SEINE_OK;
  *p = (const u8 *)m + gap;
  return SEINE_OK;
}

static void osUnixUnmap(File *f, const u8 *p, size_t n) {
  size_t gap = osUnixMapGap((u64)(uintptr_t)p);
  (void)f;
  munmap((void *)((uintptr_t)p - gap), n + gap);
}

/* ---- locks -------------------------------------------------------------- */

static int osUnixLock(File *f, u64 at, u64 n, LockMode mode) {
  OsUnixFile *u = (OsUnixFile *)f;
  struct flock fl = {0};
  int r;
  fl.l_type = mode == LOCK_NONE ? F_UNLCK
      : mode == LOCK_SHARED ? F_RDLCK : F_WRLCK;
  fl.l_whence = SEEK_SET;
  fl.l_start = (off_t)at;
  fl.l_len = (off_t)n;
  do r = fcntl(u->fd, F_OFD_SETLK, &fl);
  while (r && errno == EINTR);
  if (!r) return SEINE_OK;
  return errno == EAGAIN || errno == EACCES ? SEINE_BUSY : SN_IOERR;
}

/* The kernel names some conflicting lock, not the lowest: ask again for what
** lies below it until there is none. */
static int osUnixLowest(File *f, u64 from, u64 to, u64 *out) {
  OsUnixFile *u = (OsUnixFile *)f;
  *out = to;
  while (*out > from) {
    struct flock fl = {0};
    fl.l_type = F_WRLCK;
    fl.l_whence = SEEK_SET;
    fl.l_start = (off_t)from;
    fl.l_len = (off_t)(*out - from);
    if (fcntl(u->fd, F_OFD_GETLK, &fl)) {
      if (errno == EINTR) continue;
      return SN_IOERR;
    }
    if (fl.l_type == F_UNLCK) break;
    *out = SN_MAX((u64)fl.l_start, from);
  }
  return SEINE_OK;
}

static u64 osUnixIdent(File *f) { return ((OsUnixFile *)f)->ident; }

static const struct FileOps osUnixOps = {
  osUnixClose, osUnixRead, osUnixWrite, osUnixSync, osUnixSize,
  osUnixTruncate, osUnixAllocate, osUnixWriteback, osUnixMap, osUnixUnmap,
  osUnixLock, osUnixLowest, osUnixIdent,
};

/* ---- the vfs ------------------------------------------------------------ */

static int osUnixDescriptor(const char *path, int flags, int *fd) {
  int how = O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
  how |= flags & OS_READONLY ? O_RDONLY : O_RDWR;
  if (flags & OS_CREATE) how |= O_CREAT;
  do *fd = open(path, how, 0644);
  while (*fd < 0 && errno == EINTR);
  if (*fd >= 0) return SEINE_OK;
  if (errno == ENOMEM) return SN_NOMEM;
  if (errno == EROFS || errno == EACCES || errno == EPERM) {
    return flags & OS_READONLY ? SEINE_CANTOPEN : SEINE_READONLY;
  }
  return errno == ENOSPC || errno == EDQUOT ? SEINE_FULL : SEINE_CANTOPEN;
}

/* A file without a name, in the folder of temporary files. */
static int osUnixNameless(int *fd) {
  char path[512];
  const char *dir = getenv("TMPDIR");
  if (!dir || !*dir || strlen(dir) > 400) dir = "/tmp";
  *fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC | O_EXCL, 0600);
  if (*fd >= 0) return SEINE_OK;
  snprintf(path, sizeof path, "%s/seine-XXXXXX", dir);
  *fd = mkostemp(path, O_CLOEXEC);
  if (*fd < 0) return SEINE_CANTOPEN;
  unlink(path);
  return SEINE_OK;
}

static int osUnixDirOf(OsUnixFile *u, const char *path) {
  const char *slash = strrchr(path, '/');
  size_t n = slash ? (size_t)(slash - path) : 1;
  if (slash == path) n = 1; /* the root itself */
  u->dir = snMemDup(NULL, slash ? path : ".", n);
  return u->dir ? SEINE_OK : SN_NOMEM;
}

static int osUnixOpen(Vfs *v, const char *path, int flags, File **out) {
  OsUnixFile *u;
  struct stat st;
  int rc;
  *out = NULL;
  u = snMemZero(NULL, sizeof *u);
  if (!u) return SN_NOMEM;
  u->file.ops = &osUnixOps;
  u->file.vfs = v;
  u->fd = -1;
  if (flags & OS_TEMP) rc = osUnixNameless(&u->fd);
  else rc = osUnixDescriptor(path, flags, &u->fd);
  if (rc) goto done;
  if (u->fd <= 2) {
    int old = u->fd;
    u->fd = fcntl(old, F_DUPFD_CLOEXEC, 3);
    close(old);
    rc = SEINE_CANTOPEN;
    if (u->fd < 0) goto done;
  }
  rc = SEINE_CANTOPEN;
  if (fstat(u->fd, &st) || !S_ISREG(st.st_mode)) goto done;
  u->ident = snHashInt((u64)st.st_dev) ^ snHashInt((u64)st.st_ino + 1);
  rc = SEINE_OK;
  if (!(flags & (OS_READONLY | OS_TEMP)) && st.st_size == 0) {
    rc = osUnixDirOf(u, path);
  }
done:
  if (!rc) {
    *out = &u->file;
  } else {
    if (u->fd >= 0) close(u->fd);
    snMemFree(u);
  }
  return rc;
}

static int osUnixRemove(Vfs *v, const char *path) {
  (void)v;
  if (!unlink(path) || errno == ENOENT) return SEINE_OK;
  return osUnixError(errno);
}

static int osUnixExists(Vfs *v, const char *path, bool *out) {
  struct stat st;
  (void)v;
  *out = !stat(path, &st);
  if (*out || errno == ENOENT || errno == ENOTDIR) return SEINE_OK;
  return osUnixError(errno);
}

static i64 osUnixNow(Vfs *v) {
  struct timespec t;
  (void)v;
  clock_gettime(CLOCK_REALTIME, &t);
  return (i64)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* Should the kernel have no random bytes to give, time and address must do:
** the bytes name a file, they keep no secret. */
static void osUnixRandom(Vfs *v, void *p, u32 n) {
  u8 *to = p;
  while (n) {
    ssize_t got = getrandom(to, n, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    to += got;
    n -= (u32)got;
  }
  for (u64 x = snClockNs() ^ (u64)(uintptr_t)p; n; n--) {
    x = snHashInt(x + (u64)osUnixNow(v));
    *to++ = (u8)x;
  }
}

static void osUnixSleep(Vfs *v, u32 us) {
  struct timespec t = {us / 1000000, (long)(us % 1000000) * 1000};
  (void)v;
  while (nanosleep(&t, &t) && errno == EINTR) {}
}

Vfs *snOsUnix(void) {
  static Vfs v = {
    "unix", NULL, osUnixOpen, osUnixRemove, osUnixExists, osUnixNow,
    osUnixRandom, osUnixSleep,
  };
  return &v;
}
