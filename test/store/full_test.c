/*
** A disk that is full.  A script runs on a disk of so many bytes, again and
** again, each time on one that is a step larger, until the script passes.  A
** statement that did not find room says SEINE_FULL, and is left out.  At each
** size:
**   1 the rows, here and after the file is opened again, are those of the
**     statements that returned, as a database in memory has them
**   2 the transaction is over, integrity_check says ok, nothing is written
**     beyond the end of the disk
**   3 then the disk is filled row by row; the rows are deleted, their table
**     optimized and dropped: the last always finds room, and what it held is
**     written again
**   4 where that is not enough: with 256 KiB more, the same connection goes on
**
** usage: full_test [step in bytes]   SEINE_QUICK: a larger step
*/
#include "seine.h"
#include "probe.h"
#include "../rows.h"
#include "../tap.h"

#define FULL_ROWS 400u

static char path[40];

/* ---- the script --------------------------------------------------------- */

static const char *const fullScript[] = {
  "CREATE TABLE d (i INTEGER)",
  "INSERT INTO d VALUES (0), (1), (2), (3), (4), (5), (6), (7)",
  "CREATE TABLE t (id INTEGER, n INTEGER, w TEXT, k KEYWORD)",
  "INSERT INTO t SELECT 8 * a.i + b.i, b.i, 'common word' || a.i,"
      " 'k' || b.i FROM d a, d b",
  "INSERT INTO t VALUES (100, 1, 'common one', 'x')",
  "INSERT INTO t VALUES (101, 2, 'another one', 'y')",
  "BEGIN; INSERT INTO t VALUES (102, 3, 'common too', 'x');"
      " UPDATE t SET n = 9 WHERE id = 101; COMMIT",
  "UPDATE t SET w = 'common new' WHERE id % 7 = 3",
  "DELETE FROM t WHERE id % 5 = 1",
  "CREATE TABLE u AS SELECT id, w FROM t WHERE n > 2",
  "ALTER TABLE t ADD COLUMN c INTEGER",
  "UPDATE t SET c = id WHERE id < 30",
  "INSERT INTO t SELECT 1000 + 512 * a.i + 64 * b.i + 8 * c.i + e.i, e.i,"
      " 'common ' || a.i * b.i || ' or ' || c.i * e.i, 'bulk', NULL"
      " FROM d a, d b, d c, d e",
  "OPTIMIZE t",
  /* more than 256 KiB: the commit that syncs twice */
  "BEGIN; CREATE TABLE l (a KEYWORD, b INTEGER);"
      " INSERT INTO l SELECT sha256('' || (64 * a.i + 8 * b.i + c.i) * x.i)"
      " || sha256('' || (512 * x.i + 64 * a.i + 8 * b.i + c.i)), x.i"
      " FROM d x, d a, d b, d c; COMMIT",
  "DELETE FROM l WHERE b = 3",
  "INSERT INTO d SELECT i + 8 FROM d",
  "OPTIMIZE",
  "VACUUM",
  "CREATE VIEW v AS SELECT i FROM d",
  "INSERT INTO u VALUES (5, 'common last')",
};

/* What makes room, and what comes then. */
static const char *const fullDrop[] = {
  "DELETE FROM fill", "OPTIMIZE fill", "DROP TABLE fill",
};
static const char *const fullAfter[] = {
  "CREATE TABLE after (a INTEGER, b KEYWORD)",
  "INSERT INTO after VALUES (1, 'b')",
  "INSERT INTO after VALUES (2, NULL)",
  "INSERT INTO after SELECT generate_series, sha256('' || generate_series)"
      " FROM generate_series(1, 600)",
};

/* ---- one disk ----------------------------------------------------------- */

static u64 sizes, fulls, stuck, done[SN_COUNT(fullDrop)],
    lacked[SN_COUNT(fullDrop)];

typedef struct FullLife {
  seine *db, *model; /* the model has what returned */
} FullLife;

static bool complain(const char *what, const char *sql) {
  if (!tapWhy[0])
    snprintf(tapWhy, sizeof tapWhy, "%llu bytes: %s: %.150s",
        (unsigned long long)probeRoom, what, sql);
  return false;
}

static int fullFirst(void *arg, int n, char **text, char **name) {
  (void)n, (void)name;
  snprintf(arg, 100, "%s", text[0] ? text[0] : "null");
  return 0;
}

static bool fullSame(const FullLife *f, const char *sql) {
  u64 here = 0, there = 1;
  if (rowsOf(f->db, &here) || rowsOf(f->model, &there))
    return complain("cannot be read", seine_errmsg(f->db));
  return here == there || complain("other rows", sql);
}

static bool fullWhole(const FullLife *f) {
  char said[100] = "";
  int rc = seine_exec(f->db, "PRAGMA integrity_check", fullFirst, said, NULL);
  if (rc || strcmp(said, "ok"))
    return complain(rc ? seine_errmsg(f->db) : said, "integrity_check");
  return true;
}

/* *out: OK; FULL; or ERROR, when what was to make the table had no room. */
static bool fullRun(const FullLife *f, const char *sql, int *out) {
  int rc = seine_exec(f->db, sql, NULL, NULL, NULL);
  *out = rc;
  if ((!rc || rc == SEINE_ERROR)
      && seine_exec(f->model, sql, NULL, NULL, NULL) != rc)
    return complain("the model does not agree", sql);
  if (rc == SEINE_ERROR) rc = SEINE_OK;
  if (rc && (rc != SEINE_FULL || rc != seine_errcode(f->db)
      || !strstr(seine_errmsg(f->db), "space")))
    return complain(seine_errmsg(f->db), sql);
  fulls += rc != 0;
  if (!seine_get_autocommit(f->db)) {
    (void)seine_exec(f->db, "ROLLBACK", NULL, NULL, NULL);
    if (!seine_get_autocommit(f->db)) return complain("still open", sql);
  }
  if (!seine_get_autocommit(f->model))
    (void)seine_exec(f->model, "ROLLBACK", NULL, NULL, NULL);
  return !rc || fullSame(f, sql);
}

static bool fullOpen(FullLife *f) {
  int rc;
  seine_close(f->db);
  rc = seine_open_v2(path, &f->db, SEINE_OPEN_READWRITE | SEINE_OPEN_CREATE,
      "probe");
  return !rc || complain("does not open", seine_errmsg(f->db));
}

/* Row by row, until there is no room for one more. */
static bool fullFill(const FullLife *f) {
  char sql[1600], text[1501] = "";
  u64 x = 1;
  bool good;
  int rc;
  good = fullRun(f, "CREATE TABLE fill (a INTEGER, b KEYWORD)", &rc);
  /* Rows that ride become a segment before they can be deleted: that needs more
  ** room than a full disk has. */
  if (sizes % 2)
    good = good && !seine_exec(f->db, "PRAGMA delta_bytes = 0", NULL, NULL,
        NULL);
  for (u32 i = 0; good && !rc && i < FULL_ROWS; i++) {
    for (u32 k = 0; k < 1500; k++)
      text[k] = (char)('!' + 10 + (x = snHashInt(x)) % 80);
    snprintf(sql, sizeof sql, "INSERT INTO fill VALUES (%u, '%s')", i, text);
    good = fullRun(f, sql, &rc);
  }
  return good;
}

/* Groups 3 and 4. */
static bool fullLater(const FullLife *f) {
  bool good = true, all = true;
  int rc;
  for (u32 i = 0; good && i < SN_COUNT(fullDrop); i++) {
    good = fullRun(f, fullDrop[i], &rc);
    done[i] += !rc;
    lacked[i] += rc == SEINE_FULL;
  }
  for (u32 i = 0; good && i < SN_COUNT(fullAfter); i++) {
    good = fullRun(f, fullAfter[i], &rc);
    all = all && !rc;
  }
  if (!good || all) return good;
  stuck++;
  probeRoom += 262144;
  for (u32 i = 0; good && i < SN_COUNT(fullAfter); i++) {
    good = fullRun(f, fullAfter[i], &rc);
    if (good && rc && i + 1 == SN_COUNT(fullAfter))
      return complain("room again, and not used", seine_errmsg(f->db));
  }
  probeRoom -= 262144;
  return good;
}

static bool fullLife(u64 room, bool *passed) {
  FullLife f = {0};
  bool good;
  int rc;
  *passed = true;
  snOsMemory()->remove(snOsMemory(), path);
  probeRoom = room;
  good = !seine_open(":memory:", &f.model) && fullOpen(&f);
  for (u32 i = 0; good && i < SN_COUNT(fullScript); i++) {
    good = fullRun(&f, fullScript[i], &rc);
    *passed = *passed && !rc;
  }
  good = good && fullWhole(&f) && fullOpen(&f)
      && fullSame(&f, "the file opened again");
  if (good && !*passed) {
    good = fullFill(&f) && fullLater(&f) && fullWhole(&f) && fullOpen(&f)
        && fullSame(&f, "opened again, later") && fullWhole(&f);
  }
  seine_close(f.db);
  seine_close(f.model);
  sizes++;
  return good;
}

int main(int argc, char **argv) {
  bool quick = getenv("SEINE_QUICK") != NULL, passed = false, good = true;
  u64 step = argc > 1 ? strtoull(argv[1], NULL, 10) : quick ? 49664 : 6656;
  u64 room = 512;
  snprintf(path, sizeof path, "full.db");
  probeOver(snOsMemory());
  snOsRegister(&probeVfs);
  while (good && !passed) {
    good = fullLife(room, &passed);
    if (!passed) room += SN_MAX(step, 1);
  }
  tapOk(good, "every disk that is too small, up to %llu bytes",
      (unsigned long long)room);
  tapOk(!lacked[2], "a table can be dropped on each of them");
  tapOk(done[0] && done[1], "or emptied, and optimized, on some");
  printf("# %llu disks, %llu statements without room; when full, ",
      (unsigned long long)sizes, (unsigned long long)fulls);
  for (u32 i = 0; i < SN_COUNT(fullDrop); i++)
    printf("%llu of %llu %s, ", (unsigned long long)done[i],
        (unsigned long long)(done[i] + lacked[i]), fullDrop[i]);
  printf("%llu need more room\n", (unsigned long long)stuck);
  snOsMemory()->remove(snOsMemory(), path);
  snOsUnregister(&probeVfs);
  return tapEnd();
}
