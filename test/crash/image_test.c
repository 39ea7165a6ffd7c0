/*
** What a power loss leaves.  A workload of SQL runs once on a disk that writes
** down every write, sync, cut and growth.  From that trace the disk is built
** again, deed by deed; at each deed the power is lost many times over, and
** each time every sector that was not synced is old, new, torn or garbage on
** its own, and the file as long as it was, as it is, or something between.
** Each such image is opened, by a connection that may write nothing:
**   - its rows are those of the last statement that returned, or of the one
**     that was under way
**   - PRAGMA integrity_check says ok
** Of some images, and of some deeds at which the process is killed or a sync
** fails instead, a session follows that writes.  It is a trace of its own with
** images of its own, and so are the sessions behind those: recovery loses its
** power, too.  In some sessions a sync fails: the statement says so, the
** connection writes no more.
** Rows of many of these commits ride in their claims, over several tables.
** Beside the workloads are readers: one keeps a state over several commits;
** what one sees in the middle of a commit survives any power loss.
**   1 all of that, for every workload
**   2 each fault in the protocol of commits that storeInt.h can switch on is
**     found by one of these checks (SEINE_QUICK leaves that out;
**     the last two of them take a number of images to be asked for)
**   3 the watch over the store finds them, too, but for what a reader believes
**     of bytes alone
**
** usage: image_test [images [seed]]
*/
#include "seine.h"
#include "store/storeInt.h"
#define DISK_BYTES (10u << 20) /* sessions upon sessions come to 6 MB */
#include "../store/disk.h"
#include "../rows.h"
#include "../tap.h"

#ifdef __SANITIZE_ADDRESS__
/* Cheap enough for tens of thousands of images. */
const char *__asan_default_options(void);
const char *__asan_default_options(void) {
  return "malloc_context_size=4:quarantine_size_mb=8";
}
#endif

/* ---- traces ------------------------------------------------------------- */

typedef struct Deed {
  DiskDeed deed;
  u64 at, n;
  size_t from; /* of a write: where its bytes are */
} Deed;

/* States are known by their hashes.  ack: after so many deeds a statement
** had returned, and the rows were these. */
#define ACKS   400u
#define STATES 12u
typedef struct Trace {
  Deed *deed;
  u32 n, cap;
  u8 *bytes;
  size_t nbytes, bytes_cap;
  u32 ack_at[ACKS];
  u64 ack[ACKS];
  u32 nack;
  u64 first[STATES]; /* what may open before the first ack */
  u32 nfirst;
} Trace;

/* Stage 0 runs the workloads, stage k + 1 opens the images of the traces of
** stage k and writes on in some. */
#define STAGES 5u
typedef struct Stage {
  Disk live, again; /* where it runs, where its trace is run again */
  Vfs vfs;
  char name[16];
  Trace trace;
} Stage;

static Stage stages[STAGES];
static Trace *tracing; /* the one that is being written */
static u64 rides, ridesAgain; /* claims of workloads, of sessions, with rows */

/* A slot is written: with a delta, and of a claim? */
static void traceRides(u64 at, const u8 *p, u64 n) {
  u32 flags = n == SN_PAGE ? snGet32(p + 16) : 0;
  if (at < SN_PAGE || at >= SN_PAGE + STORE_SLOT_BYTES) return;
  if ((flags & (SLOT_CONF | SLOT_DELTA)) != SLOT_DELTA) return;
  if (tracing == &stages[0].trace) rides++;
  else ridesAgain++;
}

static void traceTold(DiskDeed deed, u64 at, const void *p, u64 n) {
  Trace *t = tracing;
  size_t cap = t->bytes_cap;
  if (t->n == t->cap) {
    t->cap = t->cap ? 2 * t->cap : 512;
    t->deed = realloc(t->deed, t->cap * sizeof *t->deed);
  }
  while (t->nbytes + n > cap) cap = cap ? 2 * cap : 65536;
  if (cap > t->bytes_cap) t->bytes = realloc(t->bytes, cap);
  t->bytes_cap = cap;
  if (!t->deed || (cap && !t->bytes)) exit(1);
  t->deed[t->n++] = (Deed){deed, at, n, t->nbytes};
  if (n) memcpy(t->bytes + t->nbytes, p, n);
  t->nbytes += n;
  if (deed == DISK_WRITE) traceRides(at, p, n);
}

static void traceRepeat(const Trace *t, u32 i, Disk *d) {
  const Deed *x = t->deed + i;
  switch (x->deed) {
  case DISK_WRITE: diskPut(d, x->at, t->bytes + x->from, x->n); break;
  case DISK_SYNC: diskSettle(d, false); break;
  case DISK_CUT: diskCut(d, x->at); break;
  default: diskGrow(d, x->at);
  }
}

static void traceBegin(Stage *s, const u64 *first, u32 n) {
  Trace *t = &s->trace;
  t->n = t->nack = 0;
  t->nbytes = 0;
  t->nfirst = n;
  memcpy(t->first, first, n * sizeof *first);
  tracing = t;
  s->live.told = traceTold;
}

/* A statement that synced nothing has acknowledged nothing. */
static void traceAck(Trace *t, u64 hash) {
  u32 i = t->nack ? t->ack_at[t->nack - 1] : 0;
  while (i < t->n && t->deed[i].deed != DISK_SYNC) i++;
  if (i == t->n) return;
  if (t->nack == ACKS) exit(1);
  t->ack_at[t->nack] = t->n;
  t->ack[t->nack++] = hash;
}

/* What may open when `acked` statements have returned. */
static u32 traceAllowed(const Trace *t, u32 acked, u64 *out) {
  u32 n = 0;
  if (acked) out[n++] = t->ack[acked - 1];
  for (u32 i = 0; !acked && i < t->nfirst; i++) out[n++] = t->first[i];
  if (acked < t->nack && n < STATES) out[n++] = t->ack[acked];
  return n;
}

/* A disk that is to `to` what it was to `from`: cache, disk, between. */
static void diskCopy(Disk *to, const Disk *from) {
  u64 end = SN_MIN(SN_MAX(to->high, from->high) + SECTOR, DISK_BYTES);
  memcpy(to->cur, from->cur, end);
  memcpy(to->dur, from->dur, end);
  memcpy(to->dirty, from->dirty, end / SECTOR);
  to->size = from->size;
  to->dur_size = from->dur_size;
  to->high = from->high;
  to->ops = to->die_at = to->fail_sync = 0;
  to->failed = to->probing = false;
}

/* ---- states ------------------------------------------------------------- */

static char said[600];

static int run(seine *db, const char *sql) {
  int rc = seine_exec(db, sql, NULL, NULL, NULL);
  if (rc) snprintf(said, sizeof said, "rc %d: %s: %.200s", rc,
      seine_errmsg(db), sql);
  return rc;
}

static int stateOf(seine *db, u64 *hash) {
  int rc = rowsOf(db, hash);
  if (rc) snprintf(said, sizeof said, "rc %d: %s", rc, seine_errmsg(db));
  return rc;
}

static seine *openOn(Stage *s) {
  seine *db = NULL;
  int rc = seine_open_v2("image.db", &db,
      SEINE_OPEN_READWRITE | SEINE_OPEN_CREATE, s->name);
  if (!rc) return db;
  snprintf(said, sizeof said, "open: rc %d: %s", rc, seine_errmsg(db));
  seine_close(db);
  return NULL;
}

/* ---- what was found ----------------------------------------------------- */

static u64 images, sessions, kills, badSyncs, pins, glances, violations;
static const char *working, *begun = "";
static bool quiet; /* a fault is switched on: say nothing, stop at the first */
static bool watching; /* only what the watch over the store finds counts */
static u32 rarely = 40; /* of so many images one is a kill, one has a session */
static bool narrow; /* one sector alone is amiss, many times at each deed */

static DiskMood anyMood(void) {
  return narrow ? MOOD_BUT_ONE + (DiskMood)upTo(2) : (DiskMood)upTo(MOODS);
}

static void violate(const char *what, u64 at) {
  if (watching) return;
  violations++;
  if (quiet || violations > 5) return;
  printf("# %s%s, image %llu, deed %llu: %s: %s\n", working, begun,
      (unsigned long long)images, (unsigned long long)at, what, said);
}

static bool isOne(u64 hash, const u64 *of, u32 n) {
  for (u32 i = 0; i < n; i++) {
    if (of[i] == hash) return true;
  }
  return false;
}

static int sayFirst(void *arg, int n, char **text, char **name) {
  char *first = arg;
  (void)n, (void)name;
  if (!*first) snprintf(first, 200, "%s", text[0] ? text[0] : "null");
  return 0;
}

/* Opens what stage s has on its disk, and looks. */
static bool look(Stage *s, const u64 *allowed, u32 n, u64 *hash, u64 at) {
  u64 before = s->live.ops;
  char first[200] = "";
  seine *db = openOn(s);
  const char *wrong = NULL;
  if (!db) wrong = "does not open";
  else if (stateOf(db, hash)) wrong = "cannot be read";
  else if (seine_exec(db, "PRAGMA integrity_check", sayFirst, first, NULL)
      || strcmp(first, "ok")) {
    wrong = "is not whole";
    snprintf(said, sizeof said, "%s %s", first, seine_errmsg(db));
  } else if (!isOne(*hash, allowed, n)) {
    wrong = "is no state that may be";
    snprintf(said, sizeof said, "%llx, and not %llx or %llx",
        (unsigned long long)*hash, (unsigned long long)allowed[0],
        (unsigned long long)allowed[n - 1]);
  }
  seine_close(db);
  if (!wrong && s->live.ops != before) wrong = "opening writes";
  if (wrong) violate(wrong, at);
  return !wrong;
}

/* ---- readers beside a workload ------------------------------------------ */

/* In the middle of a commit: what can be seen is on the disk. */
static void probe(void) {
  Stage *s = stages, *t = stages + 1;
  u64 hash, acked;
  seine *db;
  if (!tracing || upTo(4)) return;
  s->live.probing = false;
  acked = tracing->nack ? tracing->ack[tracing->nack - 1] : tracing->first[0];
  db = openOn(s);
  if (!db || stateOf(db, &hash)) {
    /* Locked: the file is just being cut. */
    if (!strstr(said, "locked")) violate("a reader in a commit", tracing->n);
  } else if (hash != acked) {
    diskCrash(&s->live, &t->live, MOOD_NOTHING);
    look(t, &hash, 1, &acked, tracing->n);
  }
  seine_close(db);
  glances++;
  s->live.probing = true;
}

typedef struct Pin {
  seine *db;
  u64 hash;
  u32 left; /* statements until it looks again */
} Pin;

static void pinStep(Pin *p, u64 hash) {
  u64 now = 0;
  if (!p->db && !upTo(5)) {
    p->db = openOn(stages);
    if (p->db && run(p->db, "BEGIN; SELECT count(*) FROM d"))
      violate("a reader begins", tracing->n);
    p->hash = hash;
    p->left = 1 + (u32)upTo(6);
    pins++;
  } else if (p->db && !--p->left) {
    if (stateOf(p->db, &now) || now != p->hash)
      violate("a reader's state has moved", tracing->n);
    seine_close(p->db);
    p->db = NULL;
  }
}

/* ---- sessions ----------------------------------------------------------- */

static const char *const sessionDoes[] = {
  "BEGIN; CREATE TABLE IF NOT EXISTS s (id INTEGER, w TEXT);"
      "INSERT INTO s VALUES (1, 'common after'); COMMIT",
  "BEGIN; CREATE TABLE IF NOT EXISTS s (id INTEGER, w TEXT);"
      "INSERT INTO s VALUES (2, 'common too'), (3, NULL); COMMIT",
  "BEGIN; CREATE TABLE IF NOT EXISTS t (id INTEGER, w TEXT);"
      "DELETE FROM t WHERE id % 5 = 1; COMMIT",
  "BEGIN; CREATE TABLE IF NOT EXISTS t (id INTEGER, w TEXT);"
      "INSERT INTO t (id, w) VALUES (-1, 'common one'); COMMIT",
  "OPTIMIZE", "VACUUM",
  "BEGIN; CREATE TABLE fresh (a KEYWORD); DROP TABLE fresh; COMMIT",
};
#define SESSION_MAX 3u

static void imagesOf(u32 stage, double each);

/* The same statements again, and one of the syncs fails.  acks: how many had
** been acknowledged after each. */
static void sessionFails(u32 stage, const u32 *does, const u32 *acks, u32 n) {
  Stage *s = stages + stage, *t = s + 1, *u = stages + STAGES - 1;
  u64 allowed[STATES], hash;
  u32 done = 0, some;
  seine *db;
  if (t == u) return;
  diskCopy(&t->live, &s->again);
  t->live.revert = upTo(2);
  t->live.fail_sync = 1 + upTo(4);
  db = openOn(t);
  while (db && done < n && !run(db, sessionDoes[does[done]])) done++;
  if (db && done < n) {
    (void)seine_exec(db, "ROLLBACK", NULL, NULL, NULL);
    if (!t->live.failed || !run(db, "CREATE TABLE more (a INTEGER)"))
      violate("after a failed sync", 0);
  }
  badSyncs += t->live.failed;
  t->live.fail_sync = 0;
  seine_close(db);
  some = traceAllowed(&s->trace, done ? acks[done - 1] : 0, allowed);
  for (u32 i = 0; i < 3 && !(quiet && violations); i++) {
    images++;
    diskCrash(&t->live, &u->live, (DiskMood)upTo(MOODS));
    look(u, allowed, some, &hash, 0);
  }
}

/* Writes on what is on the live disk, where one of these states is. */
static void session(u32 stage, const u64 *allowed, u32 nallowed) {
  Stage *s = stages + stage;
  u32 does[SESSION_MAX], acks[SESSION_MAX], n = 1 + (u32)upTo(SESSION_MAX);
  seine *db;
  u64 hash;
  bool good;
  sessions++;
  diskCopy(&s->again, &s->live);
  traceBegin(s, allowed, nallowed);
  db = openOn(s);
  good = db && !stateOf(db, &hash) && isOne(hash, allowed, nallowed);
  for (u32 i = 0; good && i < n; i++) {
    does[i] = (u32)upTo(SN_COUNT(sessionDoes));
    good = !run(db, sessionDoes[does[i]]) && !stateOf(db, &hash);
    if (good) traceAck(&s->trace, hash);
    acks[i] = s->trace.nack;
  }
  seine_close(db);
  s->live.told = NULL;
  if (!good) {
    violate("a session", 0);
    return;
  }
  if (!upTo(4)) sessionFails(stage, does, acks, n);
  imagesOf(stage, stage > 1 ? 0.3 : narrow ? 6.0 : 1.0);
}

/* ---- images ------------------------------------------------------------- */

/* The power is lost at deed `at`; or, rarely, the process is killed there, or
** the sync that comes next fails. */
static void imageAt(u32 stage, const u64 *allowed, u32 n, u32 at) {
  Stage *s = stages + stage, *t = s + 1;
  const Trace *x = &s->trace;
  bool deeper = stage + 3 < STAGES;
  u64 hash;
  if (deeper && !upTo(rarely)) {
    diskCopy(&t->live, &s->again);
    if (at < x->n && x->deed[at].deed == DISK_SYNC && upTo(4)) {
      t->live.revert = upTo(2);
      diskSettle(&t->live, true);
      badSyncs++;
    }
    kills++;
    session(stage + 1, allowed, n);
    return;
  }
  images++;
  diskCrash(&s->again, &t->live, anyMood());
  if (look(t, allowed, n, &hash, at) && deeper && !upTo(rarely))
    session(stage + 1, &hash, 1);
}

/* `each` images at every deed of the stage's trace. */
static void imagesOf(u32 stage, double each) {
  Stage *s = stages + stage;
  const Trace *t = &s->trace;
  u64 allowed[STATES];
  double due = 0;
  u32 acked = 0;
  for (u32 at = 0; at <= t->n; at++) {
    u32 n;
    while (acked < t->nack && t->ack_at[acked] <= at) acked++;
    n = traceAllowed(t, acked, allowed);
    for (due += each; due >= 1; due -= 1) {
      if (quiet && violations) return;
      imageAt(stage, allowed, n, at);
    }
    if (at < t->n) traceRepeat(t, at, &s->again);
  }
}

/* ---- workloads ---------------------------------------------------------- */

/* In each statement # is the number of the round. */
typedef struct Work {
  const char *name;
  u32 rounds;
  bool pinned, reopened; /* readers beside; a connection for each statement */
  const char *sql[8];
} Work;

static const char *const workBase[] = {
  "CREATE TABLE d (i INTEGER)",
  "INSERT INTO d VALUES (0), (1), (2), (3), (4)",
  "CREATE TABLE t (id INTEGER, n INTEGER, w TEXT, k KEYWORD)",
  "INSERT INTO t SELECT 5 * a.i + b.i, b.i, 'common word' || a.i, 'k' || b.i"
      " FROM d a, d b",
};

static const Work works[] = {
  {"single rows", 30, true, false,
    {"INSERT INTO t VALUES (1#, #, 'common row #', 'k#')"}},
  {"bulk", 6, true, false,
    {"INSERT INTO t SELECT 1000 * # + 25 * a.i + 5 * b.i + c.i, b.i,"
      " 'common ' || c.i, 'bulk' FROM d a, d b, d c",
      "DELETE FROM t WHERE k = 'bulk' AND n % 2 = # % 2"}},
  {"large", 2, false, false,
    {"INSERT INTO t SELECT a.i, b.i, hex(randomblob(8000)), 'large'"
      " FROM d a, d b",
      "UPDATE t SET n = # WHERE n = 3", "DELETE FROM t WHERE k = 'large'"}},
  {"update", 8, true, false,
    {"UPDATE t SET n = n + # WHERE id % 7 = 3",
      "UPDATE t SET w = 'common new #' WHERE id % 11 = #",
      "UPDATE t SET k = NULL, n = 0 WHERE id = #"}},
  {"delete", 10, true, false,
    {"DELETE FROM t WHERE id % 13 = #", "INSERT INTO t (id) VALUES (7#)",
      "DELETE FROM t WHERE id > 30"}},
  {"merge", 6, true, false,
    {"INSERT INTO t VALUES (2#, #, 'common more', 'a')",
      "INSERT INTO t VALUES (3#, #, 'common more', 'b')",
      "OPTIMIZE t", "DELETE FROM t WHERE id % 10 = #", "OPTIMIZE"}},
  {"tables", 6, true, false,
    {"BEGIN; CREATE TABLE x# (a INTEGER, b TEXT);"
      " INSERT INTO x# VALUES (#, 'made'); COMMIT",
      "CREATE TABLE y# AS SELECT id, w FROM t WHERE n = #",
      "CREATE VIEW v# AS SELECT id FROM t WHERE n < #",
      "CREATE ANALYZER a# AS standard, lowercase", "DROP TABLE x#",
      "INSERT INTO y# VALUES (#, 'common')",
      "BEGIN; DROP VIEW v#; DROP TABLE y#; COMMIT"}},
  {"columns", 6, true, false,
    {"ALTER TABLE t ADD COLUMN c# INTEGER",
      "UPDATE t SET c# = # WHERE id % 3 = 0",
      "INSERT INTO t (id, c#) VALUES (5#, #)",
      "ALTER TABLE t DROP COLUMN c#", "ALTER TABLE t RENAME COLUMN k TO kk",
      "ALTER TABLE t RENAME COLUMN kk TO k"}},
  {"vacuum", 5, false, false,
    {"INSERT INTO t SELECT 50 * # + 5 * a.i + b.i, #, hex(randomblob(900)),"
      " 'v' || a.i FROM d a, d b", "DELETE FROM t WHERE id % 3 = # % 3",
      "BEGIN; DROP TABLE IF EXISTS z;"
      " CREATE TABLE z AS SELECT id FROM t;"
      " COMMIT", "VACUUM",
      "INSERT INTO z VALUES (#)"}},
  {"transactions", 6, true, false,
    {"BEGIN; INSERT INTO t (id) VALUES (1), (2); DELETE FROM t WHERE n = 2;"
      " SELECT count(*) FROM t; ROLLBACK",
      "BEGIN; DELETE FROM t WHERE n = #; SAVEPOINT a; UPDATE t SET n = 1;"
      " SELECT count(*) FROM t; ROLLBACK TO a; INSERT INTO d VALUES (#);"
      " COMMIT",
      "SAVEPOINT b; INSERT INTO t (id, w) VALUES (9#, 'common'); RELEASE b",
      "BEGIN; CREATE TABLE r (a INTEGER); INSERT INTO r VALUES (1); ROLLBACK",
      "BEGIN; UPDATE t SET w = 'common z' WHERE n = 5; UPDATE d SET i = i;"
      " COMMIT"}},
  {"riders", 8, true, false,
    {"CREATE TABLE IF NOT EXISTS e (id INTEGER PRIMARY KEY, k KEYWORD UNIQUE)",
      "INSERT INTO e (k) VALUES ('u#')",
      "INSERT INTO t VALUES (8#, #, 'common rides #', 'k#')",
      "INSERT INTO d VALUES (#), (2#)",
      "INSERT OR REPLACE INTO e VALUES (1#, 'u#')",
      "UPDATE d SET i = i + 1 WHERE i = #", "INSERT INTO e (k) VALUES ('v#')",
      "DELETE FROM t WHERE id = 8#"}},
  {"pages of riders", 12, true, false,
    {"INSERT INTO t VALUES (6#, #, hex(randomblob(450)), 'page')",
      "INSERT INTO d VALUES (#)",
      "INSERT INTO t VALUES (7#, #, hex(randomblob(10)), 'page')"}},
  {"riders beside merges", 6, false, false,
    {"INSERT INTO d VALUES (#)",
      "INSERT INTO t SELECT 25 * # + 5 * a.i + b.i, #, hex(randomblob(900)),"
      " 'm' FROM d a, d b WHERE a.i < 5 AND b.i < 5",
      "INSERT INTO t VALUES (9#, #, 'common rides', 'r')",
      "INSERT INTO d VALUES (1#)", "OPTIMIZE t",
      "INSERT INTO t VALUES (10#, #, 'common too', 'r')", "VACUUM",
      "INSERT INTO d VALUES (2#)"}},
  {"riders opened", 8, false, true,
    {"INSERT INTO t VALUES (4#, #, 'common row #', 'k#')",
      "INSERT INTO d VALUES (#)", "BEGIN; INSERT INTO d VALUES (3#); COMMIT"}},
  {"opening", 12, false, true,
    {"INSERT INTO t VALUES (4#, #, 'common row #', 'k#')",
      "DELETE FROM t WHERE id = #"}},
};

static void workText(const char *sql, u32 round, char *out, size_t size) {
  size_t n = 0;
  for (; *sql && n + 12 < size; sql++) {
    if (*sql == '#') n += (size_t)snprintf(out + n, size - n, "%u", round);
    else out[n++] = *sql;
  }
  out[n] = 0;
}

static bool workStep(const Work *w, seine **db, Pin *pin, const char *sql,
    u32 round) {
  char text[600];
  u64 hash = 0;
  workText(sql, round, text, sizeof text);
  if (w->reopened) {
    seine_close(*db);
    *db = openOn(stages);
  }
  stages[0].live.probing = true;
  if (!*db || run(*db, text)) return false;
  stages[0].live.probing = false;
  if (stateOf(*db, &hash)) return false;
  traceAck(&stages[0].trace, hash);
  if (w->pinned && round) pinStep(pin, hash);
  return true;
}

/* The trace of a workload on a new file: true when it ran through. */
static bool workTrace(const Work *w) {
  Stage *s = stages;
  Pin pin = {0};
  u64 none = 0;
  seine *db;
  bool good = true;
  s->live.size = s->live.dur_size = 0;
  memset(s->live.dirty, 0, DISK_SECTORS);
  memset(s->live.cur, 0, s->live.high);
  memset(s->live.dur, 0, s->live.high);
  diskCopy(&s->again, &s->live);
  s->live.high = s->again.high = 0;
  s->live.probing = false;
  traceBegin(s, &none, 1);
  db = openOn(s);
  for (u32 i = 0; good && i < SN_COUNT(workBase); i++)
    good = workStep(w, &db, &pin, workBase[i], 0);
  for (u32 r = 1; good && r <= w->rounds; r++) {
    for (u32 i = 0; good && i < SN_COUNT(w->sql) && w->sql[i]; i++)
      good = workStep(w, &db, &pin, w->sql[i], r);
  }
  s->live.probing = false;
  seine_close(pin.db);
  seine_close(db);
  s->live.told = NULL;
  tracing = NULL;
  if (!good) violate("the workload", s->trace.n);
  return good;
}

/* About `want` images of it.  Those of sessions count, too, so that half of
** them is asked for here. */
static void workImages(const Work *w, u64 want) {
  u64 before = images;
  working = w->name;
  while (images - before < want && violations < 5 && !(quiet && violations)) {
    u64 left = want - (images - before);
    if (!workTrace(w)) return;
    imagesOf(0, SN_MAX((double)left / 2, 50) / (stages[0].trace.n + 1));
  }
}

static void worksGroup(u64 want) {
  char text[120];
  u64 from = snClockNs();
  for (u32 i = 0; i < SN_COUNT(works) && violations < 5; i++) {
    u64 before = violations, had = images;
    workImages(works + i, want / SN_COUNT(works));
    snprintf(text, sizeof text, "%s: %llu images", works[i].name,
        (unsigned long long)(images - had));
    tapOk(violations == before, "%s", text);
  }
  printf("# %llu claims with rows, and %llu of sessions\n",
      (unsigned long long)rides, (unsigned long long)ridesAgain);
  printf("# %llu images, %llu sessions, %llu after a kill, %llu failed syncs,"
      " %llu states kept, %llu looks into a commit, %.1f s\n",
      (unsigned long long)images, (unsigned long long)sessions,
      (unsigned long long)kills, (unsigned long long)badSyncs,
      (unsigned long long)pins, (unsigned long long)glances,
      (double)(snClockNs() - from) / 1e9);
  tapOk(sessions > 10 && kills > 5 && badSyncs > 5 && pins > 5 && glances > 10,
      "every kind of failure took part");
  tapOk(rides > 100 && ridesAgain > 5, "rows rode, also behind a failure");
}

/* ---- 2: faults ---------------------------------------------------------- */

/* watched: it shows in the order of writes and syncs.  narrow: what is wrong
** shows when one sector of a slot is.  seed: one with which that is soon; with
** others it may take 30,000 images. */
static const struct {
  StoreFault fault;
  bool watched, narrow;
  u32 seed;
  const char *work, *name;
} faults[] = {
  {FAULT_NO_SYNC, true, false, 1, "update", "a commit is not synced"},
  {FAULT_NO_PRE_SYNC, true, false, 1, "large",
      "a large one is not synced before its claim"},
  {FAULT_CONFIRM_FIRST, true, false, 1, "update",
      "the confirmation comes before the sync"},
  {FAULT_RETRY_SYNC, true, false, 1, "single rows", "a failed sync is asked again"},
  {FAULT_SAME_SLOT, true, false, 1, "update", "the claim goes over the last one"},
  {FAULT_UNLISTED, false, false, 1, "update",
      "a claim is believed without its extents"},
  {FAULT_SLOT_SUM, false, true, 9, "update",
      "a slot is believed without its checksum"},
  {FAULT_REUSE_NOW, true, false, 1, "delete", "what is freed is free at once"},
  {FAULT_PINS, true, false, 1, "delete", "pins are not asked for"},
  {FAULT_READ_AHEAD, true, false, 1, "single rows",
      "readers do not ask who is committing"},
  {FAULT_DOUBT, true, false, 1, "single rows",
      "what is in doubt is taken for durable"},
  {FAULT_DOUBT_SYNC, true, false, 1, "single rows",
      "a sync alone is to settle what is in doubt"},
  {FAULT_NO_COPY, true, false, 6, "single rows", "extents in doubt are not copied"},
  {FAULT_CLAIM_IN_PLACE, true, false, 6, "large",
      "a claim in doubt is written over itself"},
  {FAULT_NO_ERASE, true, true, 8, "opening", "false claims stay"},
  {FAULT_CREATE, true, false, 1, "opening",
      "a file grows before its header is synced"},
  {FAULT_ERASE_ZEROS, true, true, 8, "opening", "false claims are erased with zeros"},
  {FAULT_ERASE_LATER, true, true, 11, "opening",
      "false claims are erased without a sync"},
};

static const Work *workOf(const char *name) {
  const Work *w = works;
  while (strcmp(w->name, name)) w++;
  return w;
}

#define FAULT_IMAGES 1500u
#define FAULT_TRIES  20u
#define FAULT_LAST   2u /* of the table: these take longest */

static void faultTold(const char *text) {
  (void)text;
  if (watching) violations++;
}

static void faultOne(u32 i) {
  u64 before = images;
  char text[160];
  violations = 0;
  testSeed = faults[i].seed * 0x9e3779b97f4a7c15ull;
  narrow = faults[i].narrow;
  snStoreFaultSet(faults[i].fault);
  for (u32 k = 0; k < FAULT_TRIES && !violations; k++)
    workImages(workOf(faults[i].work), FAULT_IMAGES);
  snStoreFaultSet(FAULT_NONE);
  snprintf(text, sizeof text, "%s: %s, with %llu images", faults[i].name,
      watching ? "seen" : "found", (unsigned long long)(images - before));
  tapOk(violations > 0, "%s", text);
}

static void faultsGroup(bool all) {
  u32 n = SN_COUNT(faults) - (all ? 0 : FAULT_LAST);
  for (u32 i = 0; i < n; i++) faultOne(i);
}

static void watchGroup(void) {
  watching = true;
  for (u32 i = 0; i < SN_COUNT(faults); i++)
    if (faults[i].watched) faultOne(i);
  watching = false;
}

int main(int argc, char **argv) {
  u64 want = argc > 1 ? strtoull(argv[1], NULL, 10)
      : getenv("SEINE_QUICK") ? 2000 : 20000;
  if (argc > 2) testSeed = strtoull(argv[2], NULL, 10) * 0x9e3779b97f4a7c15ull;
  for (u32 i = 0; i < STAGES; i++) {
    Stage *s = stages + i;
    diskInit(&s->live);
    diskInit(&s->again);
    snprintf(s->name, sizeof s->name, "stage%u", i);
    s->vfs = (Vfs)DISK_VFS(s->name, &s->live);
    snOsRegister(&s->vfs);
  }
  worksGroup(want);
  quiet = true;
  rarely = 5;
  snWatchTell(faultTold);
  if (!getenv("SEINE_QUICK")) faultsGroup(argc > 1);
  if (STORE_WATCHED) watchGroup();
  snWatchTell(NULL);
  for (u32 i = 0; i < STAGES; i++) snOsUnregister(&stages[i].vfs);
  return tapEnd();
}
