/*
** land_test: rows that were spilled from claims become a larger spill, or a
** segment, which another process may get in the way of, calls that fail, and
** damage.
**   1  between the making of either and its transaction another process does
**      what it likes with the table: no row is lost, or there twice
**   2  each allocation, and each call of the vfs, of the statement that lands
**      fails: the row is there or not, and all others are
**   3  a spill that is damaged: who reads it is told; who saves what can be
**      read has the rest
*/
#include "seine.h"
#include "schema/schemaInt.h"
#include "store/storeInt.h"
#include "store/probe.h"
#include "../tap.h"

static const char land_path[] = "land";
static Vfs land_vfs; /* another process */
static seine *land_db;
static u32 land_rows; /* that are to be there, 0 to this */

static int landRun(seine *db, const char *sql) {
  int rc = seine_exec(db, sql, NULL, NULL, NULL);
  if (rc) snprintf(tapWhy, sizeof tapWhy, "%.80s: %d: %.250s", sql, rc,
      seine_errmsg(db));
  return rc;
}

static seine *landOpen(const char *vfs) {
  seine *db = NULL;
  if (!seine_open_v2(land_path, &db, SEINE_OPEN_READWRITE | SEINE_OPEN_CREATE,
      vfs)) return db;
  snprintf(tapWhy, sizeof tapWhy, "open: %s", seine_errmsg(db));
  seine_close(db);
  return NULL;
}

static int landInsert(seine *db, u32 i) {
  char sql[1600];
  int n = snprintf(sql, sizeof sql, "INSERT INTO t VALUES (%u, 'row %u ", i, i);
  memset(sql + n, 'x', 1400);
  snprintf(sql + n + 1400, sizeof sql - (size_t)n - 1400, "')");
  return landRun(db, sql);
}

static int landCell(void *arg, int n, char **text, char **name) {
  (void)n, (void)name;
  snprintf(arg, 60, "%s", text[0] ? text[0] : "null");
  return 0;
}

static bool landIs(seine *db, const char *sql, const char *want) {
  char got[60] = "";
  int rc = seine_exec(db, sql, landCell, got, NULL);
  if (!rc && !strcmp(got, want)) return true;
  snprintf(tapWhy, sizeof tapWhy, "%.80s: %d: %s, not %s: %.200s", sql, rc, got,
      want, seine_errmsg(db));
  return false;
}

/* Every row below `rows` once, and no other. */
static bool landHas(seine *db, u32 rows) {
  char want[60];
  snprintf(want, sizeof want, "%u %u %llu %d", rows, rows,
      (unsigned long long)rows * (rows - 1) / 2, rows ? (int)rows - 1 : -1);
  return landIs(db, "SELECT count(*) || ' ' || count(DISTINCT k) || ' ' ||"
      " sum(k) || ' ' || max(k) FROM t WHERE s LIKE 'row %'", want)
      && landIs(db, "PRAGMA integrity_check", "ok");
}

/* Spills of t, as the file has them. */
static u32 landSpills(ExtentRef *first) {
  StoreConfig c = {.vfs = snOsMemory(), .path = land_path};
  Store *s = NULL;
  Snapshot *n = NULL;
  CatalogPart part;
  u32 len = 0, spills = 0;
  if (snStoreOpen(&c, &s)) return 0;
  if (!snSnapshotOpen(s, &n)) {
    const u8 *p = snSnapshotDelta(n, &len);
    Rd r = {p, p + len, false};
    while (len && snCatalogPart(&r, &part)) {
      spills = part.rows.nspill;
      if (spills && first) *first = part.spill[0].ref;
    }
  }
  snSnapshotDrop(n);
  snStoreClose(s);
  return spills;
}

/* ---- the file before ---------------------------------------------------- */

static ProbeImage land_image;

static u32 land_locks; /* attempts at the lock of the writer */
static void landCount(u64 at, LockMode mode) {
  land_locks += at == STORE_LOCK_WRITER && mode == LOCK_EXCLUSIVE;
}

/* Inserts until one is about to land: that statement takes the lock twice, and
** leaves so many spills. */
static bool landStart(bool keys, u32 left) {
  snOsMemory()->remove(snOsMemory(), land_path);
  seine *db = landOpen("land");
  bool good = db && !landRun(db, keys
      ? "CREATE TABLE t(k INTEGER, s TEXT UNIQUE)"
      : "CREATE TABLE t(k INTEGER, s TEXT)");
  for (land_rows = 0; good && land_rows < 200; land_rows++) {
    good = probeSave(&land_image, land_path);
    land_locks = 0;
    probeLocking = landCount;
    good = good && !landInsert(db, land_rows);
    probeLocking = NULL;
    if (land_locks > 1 && landSpills(NULL) == left) break;
  }
  good = good && land_locks == 2 && landSpills(NULL) == left;
  seine_close(db);
  return good;
}

/* ---- 1: in the way ------------------------------------------------------ */

static const char *land_sql;
static u32 land_more; /* rows that the other inserts */
static int land_rc;
static bool land_early; /* before a state is pinned to be read */
static bool land_claimed;
static i64 land_fault;  /* an allocation that fails then, */
static i64 land_asked;  /* ... of so many */

static void landLocking(u64 at, LockMode mode) {
  landCount(at, mode);
  bool pins = at >= STORE_LOCK_PIN && mode == LOCK_SHARED;
  bool late = at == STORE_LOCK_WRITER && mode == LOCK_EXCLUSIVE
      && land_locks == 2;
  bool claims = at >= STORE_LOCK_COMMIT && at < STORE_LOCK_PIN;
  bool now = land_early ? land_claimed && pins : late;
  land_claimed |= claims;
  if (!now) return;
  probeLocking = NULL;
  seine *other = landOpen("land");
  land_rc = other ? landRun(other, land_sql) : SEINE_ERROR;
  for (u32 i = 0; !land_rc && i < land_more; i++)
    land_rc = landInsert(other, land_rows + 1 + i);
  if (seine_close(other)) land_rc = SEINE_ERROR;
  snFaultMem(land_fault, false);
}

/* One who lands, and another in his way. */
static bool wayRun(const char *sql, u32 more, bool early, i64 fault) {
  land_db = probeBack(&land_image, land_path) ? landOpen("probe") : NULL;
  land_sql = sql;
  land_more = more;
  land_rc = -1;
  land_early = early;
  land_claimed = false;
  land_fault = fault;
  land_locks = 0;
  probeLocking = landLocking;
  int rc = land_db ? landInsert(land_db, land_rows) : SEINE_ERROR;
  probeLocking = NULL;
  land_asked = snFaultMemCount();
  snFaultMem(0, false);
  if (land_rc) printf("# %s: %d\n", sql, land_rc);
  return !rc && !land_rc;
}

static void wayGroup(const char *what) {
  static const struct {
    const char *sql;
    u32 more;
    const char *name, *ask, *want; /* or all rows */
  } table[] = {
    {"SELECT 1", 0, "nothing", NULL, NULL},
    {"SELECT 1", 1, "a row more", NULL, NULL},
    {"SELECT 1", 4, "more rows, which are spilled", NULL, NULL},
    {"OPTIMIZE t", 0, "the rows are in a segment by now", NULL, NULL},
    {"OPTIMIZE t", 4, "... and there are new spills", NULL, NULL},
    {"OPTIMIZE t", 60, "... as many as there were", NULL, NULL},
    {"UPDATE t SET k = k WHERE k = 3", 0, "a row is written anew", NULL, NULL},
    {"ALTER TABLE t ADD COLUMN z INTEGER DEFAULT 5", 0, "a column more",
        "SELECT count(z) FROM t", "0"},
    {"CREATE TABLE u(a INTEGER)", 0, "another table",
        "SELECT count(*) FROM u", "0"},
    {"DELETE FROM t", 0, "all rows are deleted", "SELECT count(*) FROM t", "0"},
    {"DROP TABLE t", 0, "the table goes",
        "SELECT count(*) FROM sqlite_master", "0"},
  };
  for (u32 i = 0; i < 2 * SN_COUNT(table); i++) {
    u32 x = i / 2;
    bool good = wayRun(table[x].sql, table[x].more, i % 2, 0);
    const char *ask = table[x].ask;
    for (u32 k = 0; good && k < 2; k++) {
      if (ask && strstr(ask, "sqlite_master")) good = landRun(land_db,
          "SELECT * FROM t") == SEINE_ERROR;
      else if (ask) good = landIs(land_db, ask, table[x].want);
      else good = landHas(land_db, land_rows + 1 + table[x].more);
      seine_close(land_db);
      land_db = landOpen("probe"); /* and who opens the file */
    }
    tapOk(good && landIs(land_db, "PRAGMA integrity_check", "ok"), "%s: %s%s",
        what, table[x].name, i % 2 ? ", before it is read" : "");
    seine_close(land_db);
  }
  bool good = true, hit = true;
  u32 n = 1;
  for (; good && hit && n < 2000; n++) {
    good = wayRun("UPDATE t SET k = k WHERE k = 3", 2, false, n);
    hit = land_asked >= n;
    good = good && landHas(land_db, land_rows + 3);
    seine_close(land_db);
  }
  tapOk(good && n > 20, "%s: in the way, and %u allocations fail", what, n);
}

/* ---- 2: failures -------------------------------------------------------- */

static bool failOnce(int kind, u64 n, bool ever, bool *hit) {
  bool memory = kind == PROBE_KINDS;
  land_db = probeBack(&land_image, land_path) ? landOpen("probe") : NULL;
  bool good = land_db && landIs(land_db, "SELECT count(*) >= 0 FROM t", "true");
  snFaultMem(memory ? (i64)n : 0, ever);
  probeFail(memory ? PROBE_OPEN : (ProbeKind)kind, memory ? 0 : n, ever);
  int rc = landInsert(land_db, land_rows);
  *hit = memory ? snFaultMemCount() >= (i64)n : probeHit;
  snFaultMem(0, false);
  probeFail(PROBE_OPEN, 0, false);
  good = good && (!rc || rc == SEINE_NOMEM || rc == SEINE_IOERR
      || rc == SEINE_FULL || rc == SEINE_CANTOPEN || rc == SEINE_BUSY);
  seine_close(land_db);
  land_db = landOpen("probe");
  u32 rows = land_rows + 1;
  if (rc && !landHas(land_db, rows)) rows--;
  good = good && landHas(land_db, rows) && !landInsert(land_db, rows)
      && landHas(land_db, rows + 1);
  seine_close(land_db);
  if (!good) printf("# kind %d, call %llu, rc %d\n", kind,
      (unsigned long long)n, rc);
  return good;
}

static void failGroup(const char *what) {
  bool few = getenv("SEINE_QUICK") != NULL;
  for (int ever = 0; ever < 2; ever++) {
    u32 hits = 0;
    bool good = true;
    for (int kind = 0; good && kind <= PROBE_KINDS; kind++) {
      bool hit = true, skips = few && (ever || kind < PROBE_KINDS);
      for (u64 n = 1; good && hit; n += 1 + (skips ? n / 16 : 0)) {
        good = failOnce(kind, n, ever, &hit);
        hits += hit;
      }
    }
    tapOk(good && hits > 60, "%s: %u calls fail%s", what, hits,
        ever ? ", and all from then on" : "");
  }
}

/* ---- 3: damage ---------------------------------------------------------- */

static bool damageDo(void) {
  ExtentRef ref = {0};
  File *f = NULL;
  u8 byte;
  bool good = probeBack(&land_image, land_path) && landSpills(&ref) > 10
      && ref.page && !snOsMemory()->open(snOsMemory(), land_path, 0, &f)
      && !f->ops->read(f, ref.page * SN_PAGE + 100, &byte, 1);
  byte ^= 1;
  good = good && !f->ops->write(f, ref.page * SN_PAGE + 100, &byte, 1);
  if (f) f->ops->close(f);
  return good;
}

static void damageGroup(bool keys) {
  tapOk(landStart(keys, 0) && damageDo(), "a spill is damaged%s",
      keys ? ", of a table with a key" : "");
  land_db = landOpen("probe");
  char said[60] = "";
  tapOk(landRun(land_db, "SELECT count(*) FROM t") == SEINE_CORRUPT
      && strstr(seine_errmsg(land_db), "is damaged"), "who reads it is told");
  (void)seine_exec(land_db, "PRAGMA integrity_check", landCell, said, NULL);
  tapOk(strcmp(said, "ok"), "so is who checks");
  int rc = landInsert(land_db, land_rows);
  tapOk(rc == SEINE_CORRUPT || (!keys && !rc), "who writes: %d", rc);
  seine_close(land_db);
  land_db = landOpen("probe");
  tapOk(landRun(land_db, "OPTIMIZE t") == SEINE_CORRUPT, "who merges");
  seine_close(land_db);
  land_db = NULL;
  rc = seine_open_v2(land_path, &land_db, SEINE_OPEN_RECOVER, "probe");
  tapOk(!rc && landIs(land_db, "SELECT count(*) > 10 FROM t", "true"),
      "most rows are saved");
  seine_close(land_db);
}

/* One of 200,000 bytes, which nobody spills, with a byte changed. */
static bool damageLong(void) {
  StoreConfig c = {.vfs = snOsMemory(), .path = land_path};
  u8 *bytes = calloc(1, 200000);
  Store *s = NULL;
  Snapshot *base = NULL;
  CatalogPart part = {0};
  ExtentRef ref = {0};
  File *f = NULL;
  u32 len = 0;
  Buf b;
  snBufInit(&b, NULL);
  bool good = probeBack(&land_image, land_path) && !snStoreOpen(&c, &s);
  if (good) snWriterSetWalk(s, snCatalogWalk, s);
  good = good && !snWriterBegin(s, &base);
  const u8 *p = good ? snSnapshotDelta(base, &len) : NULL;
  Rd r = {p, p + len, false};
  good = good && snCatalogPart(&r, &part)
      && !snWriterSpill(s, bytes, 200000, part.table, &ref);
  snBufVarint(&b, part.table);
  snBufVarint(&b, snZig(part.next_rowid));
  snBufVarint(&b, 1);
  snExtentRefPut(snBufSpace(&b, EXTENT_REF_BYTES), &ref);
  for (u32 i = 0; i < 3; i++) snBufVarint(&b, i == 0);
  good = good && !snWriterCommit(s, NULL, 0, b.data, (u32)b.n);
  snStoreClose(s);
  snBufClear(&b);
  free(bytes);
  good = good && !snOsMemory()->open(snOsMemory(), land_path, 0, &f)
      && !f->ops->write(f, ref.page * SN_PAGE + 100000, "x", 1);
  if (f) f->ops->close(f);
  return good;
}

static void longGroup(void) {
  tapOk(landStart(true, 1) && damageLong(), "a spill that is too long for one");
  land_db = landOpen("probe");
  tapOk(landInsert(land_db, land_rows) == SEINE_CORRUPT
      && landRun(land_db, "SELECT * FROM t") == SEINE_CORRUPT,
      "who writes is told, and who reads");
  seine_close(land_db);
}

int main(void) {
  probeOver(snOsMemory());
  snOsRegister(&probeVfs);
  land_vfs = probeVfs;
  land_vfs.name = "land";
  snOsRegister(&land_vfs);
  static const char *const what[] = {"segment", "spill"};
  for (u32 left = 0; left < 2; left++) {
    bool good = landStart(false, left);
    tapOk(good && land_rows > 10, "%s: %u rows, and the next one lands",
        what[left], land_rows);
    wayGroup(what[left]);
    failGroup(what[left]);
  }
  damageGroup(false);
  damageGroup(true);
  longGroup();
  snOsUnregister(&land_vfs);
  snOsUnregister(&probeVfs);
  snOsMemory()->remove(snOsMemory(), land_path);
  free(land_image.bytes);
  return tapEnd();
}
