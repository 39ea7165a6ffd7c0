/*
** VACUUM on a disk that crashes, seen from SQL.  The base has rows to keep,
** deletions, patches and large holes, so that extents are moved, lifted and
** slid, and the end is cut.
**   1 without a fault: the file is as long as what it holds, the rows are the
**     same, a second VACUUM writes nothing
**   2 the process is killed at every write, sync, truncation and growth
**     (half of the write is done): the next one sees all rows and goes on
**   3 at each third, and the power is lost: every sector that was not synced is old,
**     new, torn or garbage.  What opens has all rows; VACUUM ends what was
**     begun; the power may be lost in that, too
**   4 every sync fails, of VACUUM and of OPTIMIZE, which tidies up as VACUUM
**     does, with the cache kept or reverted: an error, a handle that writes no
**     more, and all rows
** SEINE_QUICK leaves out most of it.
*/
#include "seine.h"
#include "disk.h"

static Disk live, image;
static Vfs liveVfs = DISK_VFS("disk-live", &live);
static Vfs imageVfs = DISK_VFS("disk-image", &image);

static int vacCount, vacBad;
static char vacSaid[4000], vacWant[4000];
static u64 vacAt; /* for messages */

static void ok(bool good, const char *what) {
  vacCount++;
  if (!good) vacBad++;
  printf("%sok %d - %s\n", good ? "" : "not ", vacCount, what);
  if (!good) printf("# operation %llu: %s\n", (unsigned long long)vacAt,
      vacSaid);
  fflush(stdout);
}

static void probe(void) {}

/* ---- the database ------------------------------------------------------- */

static const char vacBase[] =
  "CREATE TABLE d (i INTEGER);"
  "INSERT INTO d VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9);"
  "CREATE TABLE first (h KEYWORD);"
  "INSERT INTO first SELECT hex(random()) || hex(random()) FROM d a, d b,"
  "  d c, d e;"
  "CREATE TABLE t (id INTEGER, n INTEGER, w TEXT);"
  "INSERT INTO t SELECT 1000 * e.i + 100 * a.i + 10 * b.i + c.i, b.i,"
  "  'word' || c.i || ' ' || hex(random()) FROM d a, d b, d c, d e;"
  "DELETE FROM t WHERE id % 7 = 3;"
  "UPDATE t SET n = n + 100 WHERE id % 11 = 5;"
  "CREATE TABLE second (h KEYWORD);"
  "INSERT INTO second SELECT hex(random()) || hex(random()) FROM d a, d b,"
  "  d c;"
  "CREATE TABLE u (id INTEGER, w TEXT);"
  "INSERT INTO u SELECT id, w FROM t WHERE id < 500;"
  "CREATE ANALYZER lower AS standard;"
  "INSERT INTO u VALUES (-1, 'the last row');"
  "DROP TABLE first; DROP TABLE second;"
  "CREATE TABLE small (a INTEGER); INSERT INTO small VALUES (1)";

static const char *const vacAsk[] = {
  "SELECT count(*), sum(id), sum(n), min(w), max(w) FROM t",
  "SELECT count(*), sum(id) FROM t WHERE w MATCH 'word3'",
  "SELECT count(*), sum(n) FROM t WHERE n > 99",
  "SELECT count(*), sum(id), max(w) FROM u",
  "SELECT id FROM u WHERE w MATCH 'last'",
  "SELECT * FROM small",
  "PRAGMA integrity_check",
};

static int vacCell(void *arg, int n, char **text, char **name) {
  (void)arg, (void)name;
  for (int i = 0; i < n; i++) {
    size_t at = strlen(vacSaid);
    snprintf(vacSaid + at, sizeof vacSaid - at, "%s|",
        text[i] ? text[i] : "null");
  }
  return 0;
}

static int vacRun(seine *db, const char *sql) {
  int rc = seine_exec(db, sql, vacCell, NULL, NULL);
  if (rc) snprintf(vacSaid, sizeof vacSaid, "rc %d: %s", rc,
      seine_errmsg(db));
  return rc;
}

static seine *vacOpen(const Vfs *v) {
  seine *db = NULL;
  int rc = seine_open_v2("v.db", &db,
      SEINE_OPEN_READWRITE | SEINE_OPEN_CREATE, v->name);
  if (!rc) return db;
  snprintf(vacSaid, sizeof vacSaid, "open: rc %d: %s", rc, seine_errmsg(db));
  seine_close(db);
  return NULL;
}

static bool vacSame(seine *db) {
  vacSaid[0] = 0;
  for (u32 i = 0; i < SN_COUNT(vacAsk); i++) {
    if (vacRun(db, vacAsk[i])) return false;
  }
  return !strcmp(vacSaid, vacWant);
}

static u64 vacPages(seine *db) {
  vacSaid[0] = 0;
  if (vacRun(db, "PRAGMA store_info")) return 0;
  return strtoull(strchr(vacSaid, '|') + 1, NULL, 10);
}

/* ---- the disk ----------------------------------------------------------- */

static u8 *vacImage;
static u64 vacBytes;
static u64 vacShort; /* pages after VACUUM, some to spare */

static void vacSave(void) {
  vacBytes = live.size;
  vacImage = malloc(vacBytes);
  if (!vacImage) exit(1);
  memcpy(vacImage, live.cur, vacBytes);
}

static void vacRestore(Disk *d) {
  u64 end = SN_MAX(d->high, vacBytes);
  memset(d->cur, 0, end);
  memcpy(d->cur, vacImage, vacBytes);
  memcpy(d->dur, d->cur, end);
  memset(d->dirty, 0, DISK_SECTORS);
  d->size = d->dur_size = d->high = vacBytes;
  d->ops = d->die_at = d->fail_sync = 0;
  d->failed = false;
}

/* Opens what is on the disk, looks, and VACUUMs to the end. */
static bool vacAfter(const Vfs *v) {
  seine *db = vacOpen(v);
  bool good = db && vacSame(db) && !vacRun(db, "VACUUM") && vacSame(db);
  if (db) good = good && vacPages(db) <= vacShort;
  seine_close(db);
  return good;
}

/* A VACUUM that is killed at operation n; it may not notice at the last. */
static void vacKill(Disk *d, const Vfs *v, u64 n) {
  seine *db;
  d->ops = 0;
  d->die_at = n;
  db = vacOpen(v);
  if (db) vacRun(db, "VACUUM");
  seine_close(db);
  d->die_at = 0;
}

/* ---- the groups --------------------------------------------------------- */

static u64 vacPlain(void) {
  seine *db = vacOpen(&liveVfs);
  bool good = db && !vacRun(db, vacBase);
  u64 pages, n;
  char text[100];
  vacSaid[0] = 0;
  for (u32 i = 0; good && i < SN_COUNT(vacAsk); i++)
    good = !vacRun(db, vacAsk[i]);
  memcpy(vacWant, vacSaid, sizeof vacWant);
  good = good && strstr(vacWant, "|ok|");
  seine_close(db);
  ok(good, "the base");
  vacSave();
  vacRestore(&live);
  db = vacOpen(&liveVfs);
  pages = vacPages(db);
  live.ops = 0;
  good = !vacRun(db, "VACUUM");
  n = live.ops;
  vacShort = vacPages(db) + 4;
  ok(good && vacSame(db), "the rows are the same");
  snprintf(text, sizeof text, "%llu pages become %llu in %llu operations",
      (unsigned long long)pages, (unsigned long long)vacPages(db),
      (unsigned long long)n);
  ok(vacPages(db) < pages * 3 / 4 && live.size == vacPages(db) * SN_PAGE,
      text);
  live.ops = 0;
  ok(!vacRun(db, "VACUUM") && !live.ops, "a second one writes nothing");
  seine_close(db);
  return n;
}

static void vacKills(u64 n, u64 step) {
  bool good = true;
  for (vacAt = 1; good && vacAt <= n; vacAt += step) {
    vacRestore(&live);
    vacKill(&live, &liveVfs, vacAt);
    good = vacAfter(&liveVfs);
  }
  ok(good, "killed anywhere, the file goes on");
}

static void vacCrashes(u64 n, u64 step) {
  bool good = true;
  u64 images = 0;
  char text[100];
  for (vacAt = 1; good && vacAt <= n; vacAt += step) {
    for (DiskMood mood = 0; good && mood < MOODS; mood++) {
      vacRestore(&live);
      vacKill(&live, &liveVfs, vacAt);
      diskCrash(&live, &image, mood);
      if (mood == MOOD_ANY) { /* again, in what repairs it */
        vacKill(&image, &imageVfs, 1 + upTo(n));
        diskCrash(&image, &live, (DiskMood)upTo(MOODS));
      }
      good = vacAfter(mood == MOOD_ANY ? &liveVfs : &imageVfs);
      images++;
    }
  }
  snprintf(text, sizeof text, "power lost anywhere, %llu images",
      (unsigned long long)images);
  ok(good, text);
}

static void vacSyncs(const char *sql, bool revert, u64 least) {
  bool good = true, hit = true;
  char text[100];
  for (vacAt = 1; good && hit; vacAt++) {
    seine *db;
    int rc;
    vacRestore(&live);
    live.revert = revert;
    db = vacOpen(&liveVfs);
    live.fail_sync = vacAt;
    rc = vacRun(db, sql);
    hit = live.failed;
    good = !hit ? rc == SEINE_OK : rc == SEINE_IOERR &&
        (strstr(vacSaid, "close this") || strstr(vacSaid, "opened again"));
    if (hit) good = good && vacRun(db, "INSERT INTO small VALUES (2)");
    live.fail_sync = 0;
    seine_close(db);
    diskCrash(&live, &image, (DiskMood)upTo(MOODS));
    good = good && vacAfter(&imageVfs);
    live.revert = false;
  }
  snprintf(text, sizeof text, "%s: each of its %llu syncs fails, the cache %s",
      sql, (unsigned long long)vacAt - 2, revert ? "is lost" : "stays");
  ok(good && vacAt > least, text);
}

int main(void) {
  bool quick = getenv("SEINE_QUICK") != NULL;
  u64 n;
  diskInit(&live);
  diskInit(&image);
  snOsRegister(&liveVfs);
  snOsRegister(&imageVfs);
  n = vacPlain();
  vacKills(n, quick ? 17 : 1);
  vacCrashes(n, quick ? 23 : 3);
  for (u32 revert = 0; revert < 2; revert++) {
    vacSyncs("VACUUM", revert, 10);
    vacSyncs("OPTIMIZE", revert, 4);
  }
  snOsUnregister(&liveVfs);
  snOsUnregister(&imageVfs);
  free(vacImage);
  printf("1..%d\n", vacCount);
  return vacBad != 0;
}
