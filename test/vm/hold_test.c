/*
** hold_test: rows of small statements, which are held until their commit, in
** case they may ride.  In each scene each allocation of its statements fails,
** once and from then on: a statement's rows are all there when it returned
** without an error, and none when it did not.
**   1  one statement: rows of all kinds, as many as a claim has room for, and
**      more; rows that are refused, left out, or take the place of others
**   2  transactions: rows that are read, deleted, changed, rolled back to a
**      savepoint; other tables; many rows by threads behind a few that are held
*/
#include "seine.h"
#include "os/os.h"
#include "../tap.h"

static const char hold_path[] = "hold";
static seine *hold_db;

typedef struct HoldStep {
  const char *sql;
  const char *tag; /* of the rows that come, or NULL */
  u32 rows;
} HoldStep;
#define HOLD_STEPS 8u

typedef struct HoldScene {
  const char *name;
  HoldStep step[HOLD_STEPS];
} HoldScene;

#define HOLD_LONG "'a long text, of some words, that takes some room: ' || " \
  "'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'"

static const HoldScene hold_scenes[] = {
  {"a row of all kinds", {
    {"INSERT INTO t VALUES ('a', 1, 2.5, true, 'some words', '2026-01-01',"
        " [1, 2], ['x', 'y'], x'00ff', '{\"a\": 1}', NULL)", "a", 1}}},
  {"rows of nothing, and of one value", {
    {"INSERT INTO t(g) VALUES ('a')", "a", 1},
    {"INSERT INTO t(g, r) VALUES ('b', 1.5), ('b', NULL), ('b', 2)", "b", 3}}},
  {"more than a claim has room for", {
    {"INSERT INTO t(g, s) SELECT 'a', " HOLD_LONG " FROM range(0, 60)", "a",
        60},
    {"INSERT INTO t(g) VALUES ('b')", "b", 1}}},
  {"more than that, in one statement of values", {
    {"INSERT INTO t(g, s, b) VALUES ('a', 'w', randomblob(1500)), ('a', 'w',"
        " randomblob(1500)), ('a', 'w', randomblob(1500)), ('a', 'w',"
        " randomblob(1500))", "a", 4}}},
  {"rows that a key refuses, or lets go", {
    {"INSERT INTO k VALUES (1, 'a')", NULL, 0},
    {"INSERT OR IGNORE INTO k VALUES (1, 'b'), (2, 'b'), (3, 'b')", NULL, 0},
    {"INSERT OR REPLACE INTO k VALUES (2, 'c'), (9, 'c')", NULL, 0},
    {"INSERT INTO k VALUES (10, 'd') ON CONFLICT DO NOTHING", NULL, 0},
    {"INSERT INTO k VALUES (9, 'e'), (11, 'e')", NULL, 0}}},
  {"a transaction that reads what it wrote", {
    {"BEGIN", NULL, 0}, {"INSERT INTO t(g, s) VALUES ('a', 'red'), ('a', 'x')",
        "a", 2}, {"SELECT count(*) FROM t WHERE s MATCH 'red'", NULL, 0},
    {"INSERT INTO t(g, s) VALUES ('b', 'red')", "b", 1},
    {"INSERT INTO u VALUES (1)", NULL, 0}, {"COMMIT", NULL, 0}}},
  {"one that rolls back to a savepoint", {
    {"BEGIN", NULL, 0}, {"INSERT INTO t(g) VALUES ('a'), ('a')", "a", 2},
    {"SAVEPOINT p", NULL, 0}, {"INSERT INTO t(g) VALUES ('x')", NULL, 0},
    {"ROLLBACK TO p", NULL, 0}, {"INSERT INTO t(g) VALUES ('b')", "b", 1},
    {"COMMIT", NULL, 0}}},
  {"one that changes and deletes", {
    {"BEGIN", NULL, 0}, {"INSERT INTO t(g, i) VALUES ('a', 1), ('a', 2)", "a",
        2}, {"UPDATE t SET i = i + 1", NULL, 0},
    {"INSERT INTO t(g) VALUES ('b')", "b", 1},
    {"DELETE FROM t WHERE g = 'base'", NULL, 0}, {"COMMIT", NULL, 0}}},
  {"many rows by threads, behind a few", {
    {"PRAGMA threads = 2", NULL, 0}, {"BEGIN", NULL, 0},
    {"INSERT INTO t(g) VALUES ('a'), ('a')", "a", 2},
    {"INSERT INTO t(g, i) SELECT 'b', x FROM range(0, 3000) r(x)", "b", 3000},
    {"INSERT INTO t(g) VALUES ('c')", "c", 1}, {"COMMIT", NULL, 0}}},
  {"a column comes between", {
    {"INSERT INTO u VALUES (1), (2)", NULL, 0},
    {"ALTER TABLE t ADD COLUMN z INTEGER", NULL, 0},
    {"INSERT INTO t(g, z) VALUES ('a', 1)", "a", 1}}},
};

static int holdRun(const char *sql) {
  int rc = seine_exec(hold_db, sql, NULL, NULL, NULL);
  if (rc) snprintf(tapWhy, sizeof tapWhy, "%.100s: %d: %.200s", sql, rc,
      seine_errmsg(hold_db));
  return rc;
}

static int holdCell(void *arg, int n, char **text, char **name) {
  (void)n, (void)name;
  snprintf(arg, 60, "%s", text[0] ? text[0] : "null");
  return 0;
}

static bool holdOpen(void) {
  hold_db = NULL;
  return !seine_open_v2(hold_path, &hold_db, SEINE_OPEN_READWRITE |
      SEINE_OPEN_CREATE, "memory");
}

static bool holdStart(void) {
  snOsMemory()->remove(snOsMemory(), hold_path);
  return holdOpen() && !holdRun("CREATE TABLE t(g KEYWORD, i INTEGER, r REAL,"
      " o BOOLEAN, s TEXT, d DATE, ai INTEGER[], ak KEYWORD[], b BLOB, j JSON,"
      " k KEYWORD); CREATE TABLE u(a INTEGER);"
      "CREATE TABLE k(n INTEGER PRIMARY KEY, v KEYWORD);"
      "INSERT INTO t(g, i) VALUES ('base', 1), ('base', 2)");
}

/* Rows with that tag, or -1. */
static int holdCount(const char *tag) {
  char sql[80], got[60] = "-1";
  snprintf(sql, sizeof sql, "SELECT count(*) FROM t WHERE g = '%s'", tag);
  if (seine_exec(hold_db, sql, holdCell, got, NULL)) return -1;
  return atoi(got);
}

static bool holdWhole(void) {
  char got[60] = "";
  return !seine_exec(hold_db, "PRAGMA integrity_check", holdCell, got, NULL)
      && !strcmp(got, "ok");
}

/* Runs a scene; did: what came of each step. */
static void holdScene(const HoldScene *x, bool *did) {
  bool within = false;
  u32 from = 0;
  for (u32 i = 0; i < HOLD_STEPS && x->step[i].sql; i++) {
    const char *sql = x->step[i].sql;
    did[i] = !holdRun(sql);
    if (!strcmp(sql, "BEGIN")) within = did[from = i];
    if (strcmp(sql, "COMMIT")) continue;
    if (within && !did[i])
      for (u32 k = from; k < i; k++) did[k] = false;
    within = false;
  }
}

static bool holdSame(const HoldScene *x, const bool *did) {
  for (u32 i = 0; i < HOLD_STEPS && x->step[i].sql; i++) {
    const HoldStep *p = x->step + i;
    int want = did[i] ? (int)p->rows : 0, got;
    if (!p->tag) continue;
    got = holdCount(p->tag);
    snprintf(tapWhy, sizeof tapWhy, "%.80s: %d rows, not %d", p->sql, got,
        want);
    if (got != want) return false;
  }
  return holdWhole();
}

static bool holdOnce(const HoldScene *x, i64 n, bool ever, bool *hit) {
  bool did[HOLD_STEPS] = {false}, good = holdStart();
  snFaultMem(n, ever);
  holdScene(x, did);
  *hit = snFaultMemCount() >= n;
  snFaultMem(0, false);
  if (!seine_get_autocommit(hold_db)) {
    /* COMMIT failed, or did not come to it: nothing of it is kept. */
    good = good && !holdRun("ROLLBACK");
    for (u32 i = 0; i < HOLD_STEPS && x->step[i].sql; i++)
      if (!strcmp(x->step[i].sql, "BEGIN"))
        memset(did + i, 0, HOLD_STEPS - i);
  }
  good = good && holdSame(x, did);
  if (seine_close(hold_db)) good = false;
  hold_db = NULL;
  good = good && holdOpen() && holdSame(x, did)
      && !holdRun("INSERT INTO t(g) VALUES ('last')")
      && holdCount("last") == 1;
  seine_close(hold_db);
  if (!good) printf("# allocation %lld%s\n", (long long)n, ever ? " on" : "");
  return good;
}

int main(void) {
  bool few = getenv("SEINE_QUICK") != NULL;
  for (u32 i = 0; i < SN_COUNT(hold_scenes); i++) {
    const HoldScene *x = hold_scenes + i;
    u32 hits = 0;
    bool all[HOLD_STEPS] = {false}, good = holdStart();
    holdScene(x, all);
    good = good && holdSame(x, all);
    for (u32 k = 0; k < HOLD_STEPS && x->step[k].sql; k++)
      if (x->step[k].tag && !all[k]) good = false;
    seine_close(hold_db);
    for (u32 ever = 0; good && ever < 2; ever++) {
      bool hit = true;
      for (i64 n = 1; good && hit; n += 1 + (few ? n / (ever ? 16 : 64) : 0)) {
        good = holdOnce(x, n, ever, &hit);
        hits += hit;
      }
    }
    tapOk(good && hits > 20, "%s: %u allocations fail", x->name, hits);
  }
  snOsMemory()->remove(snOsMemory(), hold_path);
  return tapEnd();
}
