/*
** beside_test: a statement on the connection of a load under way, between two
** pieces.  It may be refused, or the load may fail and tell; nothing crashes,
** nothing leaks, the file stays sound.  Each case is a process of its own.
**   1. statements that take the table or the transaction from the load
**   2. two loads at once, ended in either order, kept or not
**   3. a load into a connection that did not open
*/
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "ask.h"

static int test_count, test_failed;

static void besideOk(int ok, const char *name) {
  printf("%sok %d - %s\n", ok ? "" : "not ", ++test_count, name);
  test_failed += !ok;
}

static seine *besideOpen(void) {
  seine *db;
  if (seine_open(":memory:", &db) ||
      seine_exec(db, "CREATE TABLE t(a INTEGER, b KEYWORD); "
      "INSERT INTO t VALUES (0, 'old')", NULL, NULL, NULL)) {
    exit(3);
  }
  return db;
}

static int besideFeed(seine_import *imp, int from, int to) {
  char line[60];
  int rc = SEINE_OK;
  for (int i = from; i < to && !rc; i++) {
    int n = snprintf(line, sizeof line, "{\"a\":%d,\"b\":\"x%d\"}\n", i, i);
    rc = seine_import_feed(imp, line, (size_t)n);
  }
  return rc;
}

/* 25,000 records: more than are looked at before rows are stored. */
static int besideStatement(const char *sql) {
  seine *db = besideOpen();
  seine_import *imp;
  if (seine_import_begin(db, "t", SEINE_IMPORT_NDJSON, &imp)) return 3;
  int rc = besideFeed(imp, 1, 25001);
  int ran = seine_exec(db, sql, NULL, NULL, NULL);
  if (!rc) rc = besideFeed(imp, 25001, 30001);
  int end = seine_import_end(imp, rc == SEINE_OK, NULL);
  int ok = askSound(db) && seine_get_autocommit(db);
  if (ran && !rc && !end)
    ok = ok && askInt(db, "SELECT count(*) FROM t") == 30001;
  seine_close(db);
  return ok ? 0 : 1;
}

/* order: 0 ends the first load first.  keep: bit 0 the first, bit 1 the
** second. */
static int besideTwo(int order, int keep) {
  seine *db = besideOpen();
  seine_import *imp[2] = {NULL, NULL};
  int rc[2], ok;
  rc[0] = seine_import_begin(db, "t", SEINE_IMPORT_NDJSON, &imp[0]);
  if (!rc[0]) rc[0] = besideFeed(imp[0], 1, 21001);
  rc[1] = seine_import_begin(db, "u", SEINE_IMPORT_NDJSON, &imp[1]);
  if (!rc[1]) rc[1] = besideFeed(imp[1], 1, 21001);
  for (int i = 0; i < 2; i++) {
    int k = i ^ order;
    if (!imp[k]) continue;
    if (!rc[k]) rc[k] = besideFeed(imp[k], 21001, 22001);
    int end = seine_import_end(imp[k], !rc[k] && (keep >> k & 1), NULL);
    if (!rc[k]) rc[k] = end;
  }
  int64_t t = askInt(db, "SELECT count(*) FROM t");
  int64_t u = askInt(db, "SELECT count(*) FROM u");
  ok = askSound(db) && seine_get_autocommit(db);
  if (!(keep & 1)) ok = ok && t == 1;
  if (!(keep & 2)) ok = ok && u == -1;
  if (!rc[0] && keep & 1) ok = ok && t == 22001;
  if (!rc[1] && keep == 3) ok = ok && u == 22000;
  if (!ok) {
    printf("# codes %d and %d, rows %d and %d, autocommit %d\n", rc[0], rc[1],
        (int)t, (int)u, seine_get_autocommit(db));
  }
  seine_close(db);
  return ok ? 0 : 1;
}

static int besideUnopened(void) {
  seine *db = NULL;
  seine_import *imp = NULL;
  seine_open_v2("no/such/file", &db, SEINE_OPEN_READWRITE, NULL);
  int rc = seine_import_begin(db, "t", SEINE_IMPORT_NDJSON, &imp);
  int ok = rc == seine_errcode(db) && rc && !imp;
  seine_close(db);
  return ok ? 0 : 1;
}

static const char *const beside_sql[] = {"SELECT * FROM t",
  "INSERT INTO t VALUES (-1, 'mine')", "ALTER TABLE t ADD COLUMN c REAL",
  "ALTER TABLE t DROP COLUMN b", "ALTER TABLE t RENAME TO u",
  "ALTER TABLE t RENAME COLUMN a TO z", "DROP TABLE t", "DELETE FROM t",
  "UPDATE t SET a = -a", "OPTIMIZE t", "CREATE TABLE t_rejects(x INTEGER)",
  "DROP TABLE t; CREATE TABLE t(b TEXT)", "COMMIT", "ROLLBACK",
  "ROLLBACK; BEGIN", "COMMIT; DROP TABLE t"};

enum { BESIDE_SQL = (int)(sizeof beside_sql / sizeof *beside_sql) };

static int besideCase(int i) {
  if (i < BESIDE_SQL) return besideStatement(beside_sql[i]);
  i -= BESIDE_SQL;
  return i < 8 ? besideTwo(i & 1, i >> 1) : besideUnopened();
}

int main(void) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  for (int i = 0; i < BESIDE_SQL + 9; i++) {
    char name[100];
    int status, k = i - BESIDE_SQL;
    pid_t child = fork();
    if (!child) exit(besideCase(i));
    if (child < 0 || waitpid(child, &status, 0) != child) return 2;
    if (k < 0) snprintf(name, sizeof name, "%s", beside_sql[i]);
    else if (k == 8) snprintf(name, sizeof name, "no connection");
    else snprintf(name, sizeof name, "two loads, %s first, keeps %d",
        k & 1 ? "the second" : "the first", k >> 1);
    besideOk(!status, name);
  }
  printf("1..%d\n", test_count);
  return test_failed != 0;
}
