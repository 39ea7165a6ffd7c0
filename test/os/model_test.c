/*
** Files and locks against their definitions.
**   1 random reads, writes, cuts and growths of a file, on the unix and on
**     the memory vfs, against an array of bytes: both give the same bytes,
**     the same size, the same codes
**   2 random locks of three Files on one file against an owner for each byte:
**     who is refused, and the lowest byte that somebody else holds
**   3 locks beside a forked process: it conflicts through a File of its own;
**     what it inherits is one lock, dropped when the last copy is closed or
**     dropped; a killed process holds nothing
**   4 a file that may only be read, a folder that may not be written, none at
**     all, a name that is a folder, a device or a link to nothing
**   5 a file that reached its limit (RLIMIT_FSIZE): FULL, and what was there
**     stays; the database on top says so and goes on when there is room
*/
#include "os/os.h"
#include "seine.h"
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static int modelCount, modelBad;

static bool ok(bool good, const char *what) {
  modelCount++;
  if (!good) modelBad++;
  printf("%sok %d - %s\n", good ? "" : "not ", modelCount, what);
  fflush(stdout);
  return good;
}

static u64 modelSeed = 11;
static u64 upTo(u64 n) {
  modelSeed = modelSeed * 6364136223846793005ull + 1442695040888963407ull;
  return (modelSeed >> 33) % n;
}

static char path[40];

/* ---- 1: bytes ----------------------------------------------------------- */

#define LARGEST ((u64)3 << 20) /* three chunks of the memory vfs */

/* Offsets around what may be a boundary: pages, chunks, the end. */
static u64 somewhere(u64 size) {
  static const u64 edge[] = {0, 4096, 65536, 1 << 20, 2 << 20};
  u64 at = upTo(3) ? edge[upTo(SN_COUNT(edge))] : upTo(LARGEST - 10000);
  if (!upTo(4)) at = size;
  at += upTo(5);
  return at < 2 || upTo(2) ? at : at - 2;
}

static bool bytesStep(File *f, u8 *model, u64 *size, u8 *buf) {
  u64 at = SN_MIN(somewhere(*size), LARGEST - 10000), have = 0;
  u64 n = upTo(4) ? upTo(100) : upTo(10000);
  bool good = true;
  switch (upTo(6)) {
    case 0:
    case 1:
      for (u64 i = 0; i < n; i++) buf[i] = (u8)upTo(256);
      good = !f->ops->write(f, at, buf, n);
      memcpy(model + at, buf, n);
      if (n) *size = SN_MAX(*size, at + n);
      break;
    case 2:
      good = !f->ops->truncate(f, at);
      if (at < *size) memset(model + at, 0, *size - at);
      *size = at;
      break;
    case 3:
      good = !f->ops->allocate(f, at);
      *size = SN_MAX(*size, at);
      break;
    default:
      memset(buf, 0x77, n + 1);
      good = !f->ops->read(f, at, buf, n) && !memcmp(buf, model + at, n)
          && buf[n] == 0x77;
  }
  return good && !f->ops->size(f, &have) && have == *size;
}

static void bytesGroup(Vfs *v, u32 rounds) {
  u8 *model = calloc(1, LARGEST), *buf = malloc(10002);
  u8 *all = malloc(LARGEST);
  File *f = NULL;
  u64 size = 0;
  bool good = model && buf && all;
  char text[60];
  v->remove(v, path);
  good = good && !v->open(v, path, OS_CREATE, &f);
  for (u32 i = 0; good && i < rounds; i++) {
    good = bytesStep(f, model, &size, buf);
    if (good && i % 500 == 0) {
      good = !f->ops->read(f, 0, all, LARGEST)
          && !memcmp(all, model, LARGEST);
    }
    if (good && i % 700 == 0) { /* bytes outlive their File */
      f->ops->close(f);
      f = NULL;
      good = !v->open(v, path, 0, &f);
    }
    if (!good) printf("# round %u\n", i);
  }
  if (f) f->ops->close(f);
  v->remove(v, path);
  snprintf(text, sizeof text, "%s: a file and its bytes", v->name);
  ok(good, text);
  free(model);
  free(buf);
  free(all);
}

/* ---- 2: locks ----------------------------------------------------------- */

#define FILES 3u
#define SPAN  24u

static LockMode owned[FILES][SPAN];

static u64 lowestOf(u32 me, u64 from, u64 to) {
  for (u64 b = from; b < to; b++) {
    for (u32 k = 0; k < FILES; k++) {
      if (k != me && owned[k][b]) return b;
    }
  }
  return to;
}

static bool lockStep(File **f, u64 base) {
  u32 me = (u32)upTo(FILES);
  u64 from = upTo(SPAN), n = 1 + upTo(upTo(2) ? 3 : SPAN - from), low = 0;
  LockMode mode = (LockMode)upTo(3);
  bool refused = false;
  n = SN_MIN(n, SPAN - from);
  if (!upTo(4)) {
    return !f[me]->ops->lowest(f[me], base + from, base + from + n, &low)
        && low == base + lowestOf(me, from, from + n);
  }
  for (u64 b = from; b < from + n; b++) {
    for (u32 k = 0; k < FILES; k++) {
      if (k == me || mode == LOCK_NONE || !owned[k][b]) continue;
      if (mode == LOCK_EXCLUSIVE || owned[k][b] == LOCK_EXCLUSIVE) {
        refused = true;
      }
    }
  }
  if (f[me]->ops->lock(f[me], base + from, n, mode)
      != (refused ? SEINE_BUSY : SEINE_OK)) return false;
  for (u64 b = from; !refused && b < from + n; b++) owned[me][b] = mode;
  return true;
}

static void lockGroup(Vfs *v, u32 rounds) {
  File *f[FILES] = {0};
  bool good = true;
  char text[60];
  memset(owned, 0, sizeof owned);
  for (u32 k = 0; good && k < FILES; k++) {
    good = !v->open(v, path, OS_CREATE, f + k);
  }
  for (u32 i = 0; good && i < rounds; i++) {
    u32 k = (u32)upTo(FILES);
    good = lockStep(f, ((u64)1 << 61) + 7);
    if (!good) printf("# round %u\n", i);
    if (!good || upTo(50)) continue;
    f[k]->ops->close(f[k]); /* drops its own, and no other's */
    memset(owned[k], 0, sizeof owned[k]);
    good = !v->open(v, path, 0, f + k);
  }
  for (u32 k = 0; k < FILES; k++) {
    if (f[k]) f[k]->ops->close(f[k]);
  }
  v->remove(v, path);
  snprintf(text, sizeof text, "%s: three Files and their locks", v->name);
  ok(good, text);
}

/* ---- 3: processes ------------------------------------------------------- */

static int childSays(pid_t pid) {
  int status = 0;
  waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

static void forkGroup(void) {
  Vfs *v = snOsUnix();
  File *f = NULL, *g = NULL;
  u64 at = (u64)1 << 61, low = 0;
  int pipes[2];
  char c;
  pid_t pid;
  v->open(v, path, OS_CREATE, &f);
  v->open(v, path, 0, &g);
  f->ops->lock(f, at, 1, LOCK_EXCLUSIVE);
  pid = fork();
  if (!pid) {
    File *h = NULL;
    u64 found = 0;
    if (v->open(v, path, 0, &h)) _exit(2);
    if (h->ops->lock(h, at, 1, LOCK_SHARED) != SEINE_BUSY) _exit(3);
    if (h->ops->lowest(h, at - 9, at + 9, &found) || found != at) _exit(4);
    if (h->ops->ident(h) != f->ops->ident(f)) _exit(5);
    _exit(0); /* the inherited descriptors are closed here */
  }
  ok(childSays(pid) == 0, "a process conflicts through its own File");
  ok(g->ops->lock(g, at, 1, LOCK_SHARED) == SEINE_BUSY,
      "the end of a fork drops none of its parent's locks");
  f->ops->lock(f, at, 1, LOCK_NONE);
  ok(!pipe(pipes), "pipe");
  pid = fork();
  if (!pid) {
    File *h = NULL;
    c = 'x';
    if (v->open(v, path, 0, &h)) c = 'o';
    else if (h->ops->lock(h, at + 5, 2, LOCK_SHARED)) c = 'l';
    if (write(pipes[1], &c, 1) != 1) _exit(2);
    for (;;) pause();
  }
  c = 0;
  ok(read(pipes[0], &c, 1) == 1 && c == 'x'
      && !g->ops->lowest(g, at, at + 100, &low) && low == at + 5
      && g->ops->lock(g, at + 6, 1, LOCK_EXCLUSIVE) == SEINE_BUSY
      && !g->ops->lock(g, at + 6, 1, LOCK_SHARED), "its lock is seen");
  kill(pid, SIGKILL);
  childSays(pid);
  ok(!f->ops->lowest(f, at, at + 6, &low) && low == at + 6
      && !g->ops->lock(g, at + 5, 2, LOCK_EXCLUSIVE), "killed: gone");
  close(pipes[0]);
  close(pipes[1]);
  f->ops->close(f);
  g->ops->close(g);
  v->remove(v, path);
}

/* ---- 4: permissions ----------------------------------------------------- */

/* In a process without the rights of root; codes as documented in os.h. */
static int asNobody(void) {
  Vfs *v = snOsUnix();
  File *f = NULL;
  u8 c = 0;
  seine *db = NULL;
  if (geteuid() == 0 && (setgid(65534) || setuid(65534))) return 77;
  if (v->open(v, "ro/file", 0, &f) != SEINE_READONLY || f) return 1;
  if (v->open(v, "ro/file", OS_READONLY, &f)) return 2;
  if (f->ops->read(f, 0, &c, 1) || !f->ops->write(f, 0, &c, 1)) return 3;
  f->ops->close(f);
  f = NULL;
  if (v->open(v, "ro/new", OS_CREATE, &f) != SEINE_READONLY || f) return 4;
  if (v->open(v, "ro/secret", OS_READONLY, &f) != SEINE_CANTOPEN) return 5;
  if (v->remove(v, "ro/file") == SEINE_OK) return 6;
  if (seine_open("ro/db", &db)) return 7;
  if (seine_exec(db, "SELECT * FROM t", NULL, NULL, NULL)) return 8;
  if (seine_exec(db, "INSERT INTO t VALUES (2)", NULL, NULL, NULL)
      != SEINE_READONLY || !*seine_errmsg(db)) return 9;
  seine_close(db);
  if (seine_open("ro/fresh", &db) != SEINE_CANTOPEN) return 10;
  if (!strstr(seine_errmsg(db), "ro/fresh")) return 11;
  seine_close(db);
  if (seine_open("ro/secret", &db) != SEINE_CANTOPEN) return 12;
  seine_close(db);
  return 0;
}

static void touch(const char *name, mode_t mode) {
  FILE *f = fopen(name, "w");
  if (f) fputs("x", f), fclose(f);
  chmod(name, mode);
}

static void rightsGroup(void) {
  static const struct {
    const char *name;
    int flags, want;
  } table[] = {
    {"none/file", OS_CREATE, SEINE_CANTOPEN},
    {"none/file", OS_READONLY, SEINE_CANTOPEN},
    {"ro", 0, SEINE_CANTOPEN},
    {"ro", OS_READONLY, SEINE_CANTOPEN},
    {"ro/", OS_CREATE, SEINE_CANTOPEN},
    {"ro/file/below", OS_CREATE, SEINE_CANTOPEN},
    {"", OS_CREATE, SEINE_CANTOPEN},
    {"/dev/null", 0, SEINE_CANTOPEN},
    {"fifo", 0, SEINE_CANTOPEN},
    {"nowhere", 0, SEINE_CANTOPEN},
    {"nowhere", OS_CREATE, SEINE_OK},
  };
  Vfs *v = snOsUnix();
  seine *db = NULL;
  bool there = true;
  pid_t pid;
  int says;
  mkdir("ro", 0755);
  touch("ro/file", 0444);
  touch("ro/secret", 0000);
  mkfifo("fifo", 0600);
  if (symlink("target", "nowhere")) ok(false, "symlink");
  if (seine_open("ro/db", &db) || seine_exec(db, "CREATE TABLE t (a INTEGER);"
      "INSERT INTO t VALUES (1)", NULL, NULL, NULL)) ok(false, "ro/db");
  seine_close(db);
  chmod("ro/db", 0444);
  chmod("ro", 0555);
  for (u32 i = 0; i < SN_COUNT(table); i++) {
    File *f = NULL;
    char text[80];
    int rc = v->open(v, table[i].name, table[i].flags, &f);
    snprintf(text, sizeof text, "open '%s' with %d: %d", table[i].name,
        table[i].flags, rc);
    ok(rc == table[i].want && !f == (rc != 0), text);
    if (f) f->ops->close(f);
  }
  ok(!v->exists(v, "ro/file/below", &there) && !there
      && !v->exists(v, "ro", &there) && there, "exists");
  fflush(stdout);
  pid = fork();
  if (!pid) _exit(asNobody());
  says = childSays(pid);
  if (says == 77) printf("# SKIP cannot become nobody\n");
  else if (!ok(says == 0, "rights")) printf("# step %d\n", says);
  chmod("ro", 0755);
  unlink("ro/file");
  unlink("ro/secret");
  unlink("ro/db");
  unlink("fifo");
  unlink("nowhere");
  unlink("target");
  rmdir("ro");
}

/* ---- 5: a limit --------------------------------------------------------- */

static int rowsCell(void *arg, int n, char **text, char **name) {
  (void)n, (void)name;
  *(int *)arg = text[0] ? atoi(text[0]) : -1;
  return 0;
}

static int limitTo(rlim_t bytes) {
  struct rlimit l;
  if (getrlimit(RLIMIT_FSIZE, &l)) return 1;
  l.rlim_cur = bytes;
  return setrlimit(RLIMIT_FSIZE, &l);
}

static int underLimit(void) {
  static u8 page[8192];
  Vfs *v = snOsUnix();
  File *f = NULL;
  u64 size = 0;
  seine *db = NULL;
  int rc = SEINE_OK, rows = 0, seen = 0;
  int most = getenv("SEINE_QUICK") ? 60 : 400;
  signal(SIGXFSZ, SIG_IGN);
  if (v->open(v, path, OS_CREATE, &f) || limitTo(10000)) return 1;
  if (f->ops->write(f, 0, page, 8192)) return 2;
  if (f->ops->write(f, 8192, page, 8192) != SEINE_FULL) return 3;
  if (f->ops->allocate(f, 20000) != SEINE_FULL) return 4;
  if (f->ops->size(f, &size) || size > 10000 || size < 8192) return 5;
  f->ops->close(f);
  unlink(path);
  if (limitTo(250000) || seine_open(path, &db)) return 6;
  if (seine_exec(db, "CREATE TABLE t (a INTEGER, b TEXT)", NULL, NULL,
      NULL)) return 7;
  for (; !rc && rows < most; rows += !rc) {
    rc = seine_exec(db, "INSERT INTO t VALUES (1, hex(random()) ||"
        " hex(random()) || hex(random()))", NULL, NULL, NULL);
  }
  if (rc) {
    if (rc != SEINE_FULL || !*seine_errmsg(db)) return 8;
  } else { /* the file reuses its pages: one large commit is too much */
    rc = seine_exec(db, "BEGIN; INSERT INTO t SELECT x.a, x.b || y.b || "
        "hex(random()) FROM t x, t y LIMIT 90000; COMMIT", NULL,
        NULL, NULL);
    if (rc != SEINE_FULL || !*seine_errmsg(db)) return 9;
    if (!seine_get_autocommit(db)
        && seine_exec(db, "ROLLBACK", NULL, NULL, NULL)) return 10;
  }
  if (seine_exec(db, "SELECT count(*) FROM t", rowsCell, &seen, NULL)
      || seen != rows) return 11;
  if (limitTo(RLIM_INFINITY)) return 12;
  if (seine_exec(db, "INSERT INTO t VALUES (2, 'room')", NULL, NULL, NULL)) {
    return 13;
  }
  seine_close(db);
  if (seine_open(path, &db)) return 14;
  if (seine_exec(db, "SELECT count(*) FROM t", rowsCell, &seen, NULL)
      || seen != rows + 1) return 15;
  seine_close(db);
  return 0;
}

int main(void) {
  u32 rounds = getenv("SEINE_QUICK") ? 3000 : 20000, x = 0;
  Vfs *both[] = {snOsUnix(), snOsMemory()};
  pid_t pid;
  int says;
  both[0]->random(both[0], &x, sizeof x);
  snprintf(path, sizeof path, "model_test-%08x.tmp", x);
  for (u32 i = 0; i < 2; i++) {
    bytesGroup(both[i], rounds / 2);
    lockGroup(both[i], rounds);
  }
  forkGroup();
  rightsGroup();
  fflush(stdout);
  pid = fork();
  if (!pid) _exit(underLimit());
  says = childSays(pid);
  if (!ok(says == 0, "a file at its limit")) printf("# step %d\n", says);
  unlink(path);
  printf("1..%d\n", modelCount);
  return modelBad != 0;
}
