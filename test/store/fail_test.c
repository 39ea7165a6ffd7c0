/*
** I/O calls fail, seen from SQL: the n-th open, read, write (half of it is
** done), sync, size, truncate, allocate, write-back, map, lock or look for
** locks of a life of a database, once or from then on.  The first calls of a
** kind fail each in turn, of the later ones a sample; fewer when SEINE_QUICK
** is set, which also leaves out most of group 3.
**   1 the life without faults does what its table says
**   2 memory vfs, each kind, one call fails
**   3 memory vfs, each kind, it and all that follow fail
**   4 unix vfs, maps and write-back: the database lives without maps
** Each time: a statement that fails has code and message and changed nothing,
** unless the message says that this is unknown; one that succeeds is seen,
** here and after the file is opened again; a handle goes on, or refuses all
** writes, as it does after each failed sync; integrity_check is content.
*/
#include "seine.h"
#include "store/probe.h"

static int failCount, failBad;

static void ok(bool good, const char *what) {
  failCount++;
  if (!good) failBad++;
  printf("%sok %d - %s\n", good ? "" : "not ", failCount, what);
  fflush(stdout);
}

/* ---- the life ----------------------------------------------------------- */

/* A statement, the query that tells whether it happened, and its answers. */
typedef struct FailStep {
  const char *sql, *ask, *before, *after;
} FailStep;

static const char failBase[] =
  "CREATE TABLE d (i INTEGER);"
  "INSERT INTO d VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9);"
  "CREATE TABLE t (k INTEGER, v TEXT, w KEYWORD);"
  "INSERT INTO t SELECT 1, 'kept ' || a.i, 'w' || b.i FROM d a, d b"
  "  WHERE b.i < 4;"
  "INSERT INTO t SELECT 2, 'doomed ' || a.i, 'w' FROM d a, d b WHERE b.i < 3;"
  "INSERT INTO t SELECT 3, 'old ' || a.i, 'w' FROM d a, d b WHERE b.i < 2;"
  "CREATE TABLE gone (a INTEGER)";

static const FailStep failSteps[] = {
  {"INSERT INTO t VALUES (10, 'a fox', 'x'), (10, 'a dog', 'y')",
    "SELECT count(*) FROM t WHERE k = 10", "0|", "2|"},
  {"DELETE FROM t WHERE k = 2",
    "SELECT count(*) FROM t WHERE k = 2", "30|", "0|"},
  {"UPDATE t SET v = 'new words' WHERE k = 3",
    "SELECT count(*) FROM t WHERE v MATCH 'new'", "0|", "20|"},
  {"OPTIMIZE t", "SELECT count(*) FROM t WHERE w = 'w1'", "10|", "10|"},
  /* more than 256 KiB: the commit that syncs twice */
  {"BEGIN; INSERT INTO t SELECT 11, hex(random()) || hex(random()) ||"
    "  hex(random()) || hex(random()) || hex(random()) || hex(random()),"
    "  hex(random()) FROM d a, d b, d c, d e WHERE e.i < 4; COMMIT",
    "SELECT count(*) FROM t WHERE k = 11", "0|", "4000|"},
  {"CREATE TABLE born (b TEXT)",
    "SELECT count(*) FROM born", "error", "0|"},
  {"DROP TABLE gone", "SELECT count(*) FROM gone", "0|", "error"},
  {"VACUUM", "SELECT count(*) FROM t WHERE w = 'w1'", "10|", "10|"},
  {"INSERT INTO t VALUES (12, 'last', 'x')",
    "SELECT count(*) FROM t WHERE w = 'x' AND k = 12", "0|", "1|"},
};
#define FAIL_STEPS SN_COUNT(failSteps)

static char failSaid[2000];

static int failCell(void *arg, int n, char **text, char **name) {
  (void)arg, (void)name;
  for (int i = 0; i < n; i++) {
    size_t at = strlen(failSaid);
    snprintf(failSaid + at, sizeof failSaid - at, "%s|",
        text[i] ? text[i] : "null");
  }
  return 0;
}

static int failRun(seine *db, const char *sql) {
  failSaid[0] = 0;
  return seine_exec(db, sql, failCell, NULL, NULL);
}

static const char *failAsk(seine *db, const FailStep *s) {
  int rc = failRun(db, s->ask);
  if (rc == SEINE_ERROR) return "error";
  if (rc) snprintf(failSaid, sizeof failSaid, "rc %d: %s", rc,
      seine_errmsg(db));
  return failSaid;
}

/* ---- the file ----------------------------------------------------------- */

static char path[40];
static u8 *failImage;
static u64 failBytes;

static bool failSave(Vfs *v) {
  File *f = NULL;
  bool good = !v->open(v, path, 0, &f) && !f->ops->size(f, &failBytes);
  free(failImage);
  failImage = malloc(failBytes + 1);
  good = good && failImage && !f->ops->read(f, 0, failImage, failBytes);
  if (f) f->ops->close(f);
  return good;
}

static bool failRestore(Vfs *v) {
  File *f = NULL;
  bool good = !v->open(v, path, OS_CREATE, &f) && !f->ops->truncate(f, 0)
      && !f->ops->write(f, 0, failImage, failBytes);
  if (f) f->ops->close(f);
  return good;
}

static int failOpen(seine **db, const char *vfs) {
  return seine_open_v2(path, db,
      SEINE_OPEN_READWRITE | SEINE_OPEN_CREATE, vfs);
}

static bool failMake(Vfs *v) {
  seine *db = NULL;
  bool good;
  v->remove(v, path);
  good = !failOpen(&db, v->name) && !failRun(db, failBase);
  seine_close(db);
  return good && failSave(v);
}

/* ---- one life ----------------------------------------------------------- */

typedef enum FailWhat { FAIL_DID, FAIL_DID_NOT, FAIL_UNKNOWN } FailWhat;

static u32 failStep; /* for the messages */
static u64 failN;

static bool complain(const char *what) {
  printf("# %s %llu%s, step %u: %s: %s\n", probeNames[probeKind],
      (unsigned long long)failN, probeEver ? " on" : "", failStep, what,
      failSaid);
  return false;
}

static bool failUnknown(const char *message) {
  return strstr(message, "whether the transaction is kept") != NULL;
}

/* What a handle says when it failed. */
static bool failClean(seine *db, int rc, bool *poisoned) {
  const char *m = seine_errmsg(db);
  snprintf(failSaid, sizeof failSaid, "rc %d: %s", rc, m);
  *poisoned = *poisoned || failUnknown(m) || strstr(m, "close this");
  if (rc != SEINE_IOERR && rc != SEINE_FULL && rc != SEINE_CANTOPEN) {
    return complain("an odd code");
  }
  if (!*m || rc != seine_errcode(db)) return complain("code or message");
  return true;
}

static bool failOne(seine *db, u32 i, FailWhat *what, bool *poisoned) {
  const FailStep *s = failSteps + i;
  bool was = *poisoned, hit = probeHit;
  int rc = failRun(db, s->sql);
  const char *got;
  failStep = i;
  *what = rc ? FAIL_DID_NOT : FAIL_DID;
  if (rc) {
    if (!failClean(db, rc, poisoned)) return false;
    if (failUnknown(seine_errmsg(db))) *what = FAIL_UNKNOWN;
    if (!was && !probeEver && (!probeHit || hit)) {
      return complain("fails without a cause");
    }
    if (!seine_get_autocommit(db)) failRun(db, "ROLLBACK");
    if (!probeEver && !seine_get_autocommit(db)) {
      return complain("still in BEGIN");
    }
  }
  if (probeEver && probeHit) return true; /* this handle cannot read */
  if (!rc && was && probeKind == PROBE_SYNC) {
    return complain("writes after a failed sync");
  }
  if (probeNth) return true; /* the fault is for the next statement */
  got = failAsk(db, s);
  if (!strcmp(got, *what == FAIL_DID ? s->after : s->before)) return true;
  return complain("this handle sees otherwise");
}

/* After the fault is gone: the file, opened again. */
static bool failAfter(Vfs *v, const FailWhat *what) {
  seine *db = NULL;
  bool good = !failOpen(&db, v->name);
  snprintf(failSaid, sizeof failSaid, "%s", seine_errmsg(db));
  if (!good) complain("it does not open again");
  for (u32 i = 0; good && i < FAIL_STEPS; i++) {
    const FailStep *s = failSteps + i;
    const char *got = failAsk(db, s);
    bool did = !strcmp(got, s->after);
    failStep = i;
    good = (did && what[i] != FAIL_DID_NOT)
        || (!strcmp(got, s->before) && what[i] != FAIL_DID);
    if (!good) complain("after it is opened again");
  }
  if (good) {
    good = !failRun(db, "SELECT count(*) FROM t WHERE k = 1")
        && !strcmp(failSaid, "40|");
    if (!good) complain("what was there before");
  }
  if (good) {
    good = !failRun(db, "PRAGMA integrity_check") && !strcmp(failSaid, "ok|");
    if (!good) complain("integrity");
  }
  if (good) {
    good = !failRun(db, "INSERT INTO t VALUES (99, 'goes on', NULL)");
    if (!good) complain("the next handle writes");
  }
  seine_close(db);
  return good;
}

static bool failLife(Vfs *v, ProbeKind kind, u64 nth, bool ever, bool *hit) {
  FailWhat what[FAIL_STEPS];
  bool poisoned = false, good;
  seine *db = NULL;
  int rc;
  for (u32 i = 0; i < FAIL_STEPS; i++) what[i] = FAIL_DID_NOT;
  if (!failRestore(v)) return false;
  failN = nth;
  failStep = 1000;
  probeOver(v);
  probeFail(kind, nth, ever);
  rc = failOpen(&db, "probe");
  good = !rc || failClean(db, rc, &poisoned);
  for (u32 i = 0; good && !rc && i < FAIL_STEPS; i++) {
    good = failOne(db, i, what + i, &poisoned);
    if (good && i == 2) { /* a check may fail, or find nothing */
      int bad = failRun(db, "PRAGMA integrity_check");
      failStep = 2000;
      if (bad) good = failClean(db, bad, &poisoned);
      else if (!probeHit && strcmp(failSaid, "ok|")) good = complain("check");
    }
  }
  seine_close(db);
  *hit = probeHit;
  probeFail(kind, 0, false);
  return good && failAfter(v, what);
}

/* All n, with growing steps: most of what a life does it does early. */
static void failKind(Vfs *v, ProbeKind kind, bool ever) {
  bool quick = getenv("SEINE_QUICK") != NULL, hit = true, good = true;
  char text[100];
  u64 n = 1, lives = 0;
  while (good && hit) {
    good = failLife(v, kind, n, ever, &hit);
    lives += hit;
    n += 1 + (quick ? 2 * n : n / 8);
  }
  snprintf(text, sizeof text, "%s: %s %s, %llu lives", v->name,
      probeNames[kind], ever ? "fails from then on" : "fails once",
      (unsigned long long)lives);
  ok(good, text);
}

int main(void) {
  Vfs *memory = snOsMemory(), *unix_vfs = snOsUnix();
  FailWhat all[FAIL_STEPS];
  bool hit;
  u32 x = 0;
  unix_vfs->random(unix_vfs, &x, sizeof x);
  snprintf(path, sizeof path, "fail_test-%08x.tmp", x);
  snOsRegister(&probeVfs);
  ok(failMake(memory), "the base");
  ok(failLife(memory, PROBE_OPEN, 0, false, &hit) && !hit, "no fault");
  for (u32 i = 0; i < FAIL_STEPS; i++) all[i] = FAIL_DID;
  failRestore(memory);
  {
    seine *db = NULL;
    bool good = !failOpen(&db, "memory"), poisoned = false;
    for (u32 i = 0; good && i < FAIL_STEPS; i++) {
      good = !strcmp(failAsk(db, failSteps + i), failSteps[i].before)
          && failOne(db, i, all + i, &poisoned) && all[i] == FAIL_DID;
    }
    seine_close(db);
    ok(good, "each step goes from its before to its after");
  }
  for (u32 ever = 0; ever < 2; ever++) {
    for (u32 k = 0; k < PROBE_KINDS; k++) {
      if (k == PROBE_MAP) continue; /* there are none in memory */
      if (ever && k > PROBE_SYNC && getenv("SEINE_QUICK")) continue;
      failKind(memory, (ProbeKind)k, ever);
    }
  }
  ok(failMake(unix_vfs), "the base, on disk");
  failKind(unix_vfs, PROBE_MAP, false);
  failKind(unix_vfs, PROBE_MAP, true);
  failKind(unix_vfs, PROBE_WRITEBACK, false);
  unix_vfs->remove(unix_vfs, path);
  memory->remove(memory, path);
  snOsUnregister(&probeVfs);
  free(failImage);
  free(probeCalls);
  printf("1..%d\n", failCount);
  return failBad != 0;
}
