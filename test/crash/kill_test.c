/*
** Processes killed while they write.  Two writers, a table each, and two
** readers share one file; each round they run for a random while and are
** killed with SIGKILL.  A writer says through a pipe what it is about to
** commit and, once it has, that it has.  Then the parent opens the file and
** compares it with its model: every commit that was said to be done is there,
** the one under way is there wholly or not at all, nothing else is.
**
** Rows of small commits ride in the claim: of both writers, in four tables, and
** they are there when the file is opened again.  Half of the writers have a
** thread that merges behind their commits.
**
**   1 the rows, read in order, are those of the model
**   2 a search finds as many rows as there are
**   3 tables and columns made and dropped are those of the model
**   4 PRAGMA integrity_check says ok
**   5 a reader beside never sees half a transaction, nor an error, and its
**     transaction shows one state from begin to end
**
** usage: kill_test [rounds [seed]]     KILL_ROUNDS in the environment
*/
#include "seine.h"
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define FILE_NAME "kill.db"
#define WRITERS   2
#define READERS   2
#define ROWS_MAX  (1 << 22)
#define KEEP_ROWS 6000 /* a table is cut back when it has more */

enum {
  OP_INSERT,
  OP_IMPORT,
  OP_DELETE,
  OP_UPDATE,  /* a number */
  OP_REWRITE, /* a text */
  OP_TXN,     /* several tables */
  OP_ROLLBACK,
  OP_DDL,     /* a table made, another dropped */
  OP_ALTER,   /* a column made, or dropped */
  OP_OPTIMIZE,
  OP_SAVEPOINT, /* a range deleted and back again, a row and a pair */
  OP_VACUUM,
  OP_PAIR,    /* two rows by one statement, which may ride */
  OP_KINDS
};

static const char *const opNames[] = {"insert", "import", "delete", "update",
    "rewrite", "transaction", "rollback", "create and drop", "alter",
    "optimize", "savepoint", "vacuum", "pair"};

typedef struct Op {
  int kind;
  int done; /* 0: about to, 1: committed */
  int first, n;
  int x;
} Op;

typedef struct Row {
  int v, key;
  bool alive;
} Row;

typedef struct Model {
  Row *row;
  int low, next; /* live ids lie in [low, next) */
  int live;
  int made;      /* the table that is there; 0: none */
  bool extra;    /* the column that comes and goes */
  int pairs;     /* transactions: two rows each */
  Op pending;
  bool under_way;
  long acked[OP_KINDS];
} Model;

static Model models[WRITERS];
static uint64_t rngState = 88172645463325252ull;
static int testCount, testFailed;

static uint64_t rnd(void) {
  rngState ^= rngState << 13;
  rngState ^= rngState >> 7;
  rngState ^= rngState << 17;
  return rngState * 2685821657736338717ull >> 11;
}

static int below(int n) { return (int)(rnd() % (uint64_t)n); }

static bool ok(bool good, const char *what) {
  testCount++;
  if (!good) testFailed++;
  printf("%sok %d - %s\n", good ? "" : "not ", testCount, what);
  fflush(stdout);
  return good;
}

/* ---- what a row holds --------------------------------------------------- */

static void bodyText(int key, char *out, size_t size) {
  snprintf(out, size, "common word%d rare%d text about nothing %d", key % 23,
      key % 1009, key);
}

/* ---- the model ---------------------------------------------------------- */

static void modelAdd(Model *m, int id, int v, int key) {
  m->row[id] = (Row){v, key, true};
  m->live++;
}

static void modelApply(Model *m, const Op *op) {
  int end = op->first + op->n;
  switch (op->kind) {
  case OP_INSERT:
    modelAdd(m, op->first, op->x, op->x);
    m->next = end;
    break;
  case OP_IMPORT:
    for (int id = op->first; id < end; id++)
      modelAdd(m, id, id + op->x, id ^ op->x);
    m->next = end;
    break;
  case OP_SAVEPOINT:
    modelAdd(m, m->next, op->x, op->x);
    m->next++;
    m->pairs++;
    break;
  case OP_TXN:
  case OP_DELETE:
    for (int id = op->first; id < end; id++) {
      if (m->row[id].alive) m->live--;
      m->row[id].alive = false;
    }
    while (m->low < m->next && !m->row[m->low].alive) m->low++;
    if (op->kind == OP_TXN) {
      modelAdd(m, m->next, op->x, op->x);
      m->next++;
      m->pairs++;
    }
    break;
  case OP_UPDATE:
    for (int id = op->first; id < end; id++) m->row[id].v = op->x;
    break;
  case OP_REWRITE:
    for (int id = op->first; id < end; id++) m->row[id].key = op->x;
    break;
  case OP_PAIR: m->pairs++; break;
  case OP_DDL: m->made = op->x; break;
  case OP_ALTER: m->extra = op->x; break;
  default: break;
  }
}

/* What to do next, given what is there. */
static void modelChoose(const Model *m, Op *op) {
  static const int often[] = {OP_INSERT, OP_INSERT, OP_INSERT, OP_INSERT,
      OP_IMPORT, OP_DELETE, OP_DELETE, OP_UPDATE, OP_REWRITE, OP_TXN, OP_TXN,
      OP_ROLLBACK, OP_DDL, OP_ALTER, OP_OPTIMIZE, OP_SAVEPOINT, OP_VACUUM,
      OP_PAIR, OP_PAIR, OP_PAIR};
  int span = m->next - m->low;
  memset(op, 0, sizeof *op);
  op->kind = often[below((int)(sizeof often / sizeof often[0]))];
  op->x = 1 + below(1000000);
  if (m->live > KEEP_ROWS) {
    op->kind = OP_DELETE;
    op->first = m->low;
    op->n = span / 2;
    return;
  }
  switch (op->kind) {
  case OP_INSERT:
    op->first = m->next;
    op->n = 1;
    break;
  case OP_IMPORT:
    op->first = m->next;
    op->n = 1 + below(below(4) ? 100 : 3000);
    break;
  case OP_ALTER: op->x = !m->extra; break;
  default:
    if (span > 0) {
      op->first = m->low + below(span);
      op->n = below(below(3) ? 20 : span) + 1;
      if (op->first + op->n > m->next) op->n = m->next - op->first;
    } else {
      op->first = m->low;
    }
  }
}

/* ---- a writer ----------------------------------------------------------- */

static void childFail(seine *db, const char *doing, const char *sql) {
  fprintf(stderr, "# %s: %s: %s\n", doing, seine_errmsg(db), sql);
  _exit(1);
}

__attribute__((format(printf, 2, 3)))
static void childExec(seine *db, const char *fmt, ...) {
  char sql[400];
  va_list ap;
  va_start(ap, fmt);
  vsnprintf(sql, sizeof sql, fmt, ap);
  va_end(ap);
  if (seine_exec(db, sql, NULL, NULL, NULL)) childFail(db, "writer", sql);
}

static void childImport(seine *db, int w, const Op *op) {
  seine_import *imp;
  char table[8], line[300], body[120];
  int rc;
  snprintf(table, sizeof table, "t%d", w);
  rc = seine_import_begin(db, table, SEINE_IMPORT_NDJSON, &imp);
  for (int id = op->first; !rc && id < op->first + op->n; id++) {
    bodyText(id ^ op->x, body, sizeof body);
    int n = snprintf(line, sizeof line,
        "{\"id\":%d,\"v\":%d,\"body\":\"%s\"}\n", id, id + op->x, body);
    rc = seine_import_feed(imp, line, (size_t)n);
  }
  if (rc) childFail(db, "import", "feed");
  if (seine_import_end(imp, 1, NULL)) childFail(db, "import", "end");
}

static void childRange(seine *db, int w, const Op *op, bool commit) {
  char body[120];
  bodyText(op->x, body, sizeof body);
  childExec(db, "BEGIN");
  if (op->kind == OP_SAVEPOINT) childExec(db, "SAVEPOINT back");
  childExec(db, "DELETE FROM t%d WHERE id >= %d AND id < %d", w, op->first,
      op->first + op->n);
  if (op->kind == OP_SAVEPOINT) childExec(db, "ROLLBACK TO back");
  childExec(db, "INSERT INTO p%d VALUES (%d)", w, op->x);
  childExec(db, "INSERT INTO t%d (id, v, body) VALUES (%d, %d, '%s')", w,
      models[w].next, op->x, body);
  childExec(db, "INSERT INTO p%d VALUES (%d)", w, -op->x);
  childExec(db, commit ? "COMMIT" : "ROLLBACK");
}

/* Done but for the end of the file, while others have it open. */
static void childVacuum(seine *db) {
  int rc = seine_exec(db, "VACUUM", NULL, NULL, NULL);
  if (rc && rc != SEINE_BUSY) childFail(db, "writer", "VACUUM");
}

static void childRun(seine *db, int w, const Op *op) {
  const Model *m = models + w;
  int end = op->first + op->n;
  char body[120];
  bodyText(op->x, body, sizeof body);
  switch (op->kind) {
  case OP_INSERT:
    childExec(db, "INSERT INTO t%d (id, v, body) VALUES (%d, %d, '%s')", w,
        op->first, op->x, body);
    break;
  case OP_IMPORT: childImport(db, w, op); break;
  case OP_DELETE:
    childExec(db, "DELETE FROM t%d WHERE id >= %d AND id < %d", w, op->first,
        end);
    break;
  case OP_UPDATE:
    childExec(db, "UPDATE t%d SET v = %d WHERE id >= %d AND id < %d", w,
        op->x, op->first, end);
    break;
  case OP_REWRITE:
    childExec(db, "UPDATE t%d SET body = '%s' WHERE id >= %d AND id < %d", w,
        body, op->first, end);
    break;
  case OP_TXN:
  case OP_SAVEPOINT: childRange(db, w, op, true); break;
  case OP_ROLLBACK: childRange(db, w, op, false); break;
  case OP_DDL:
    childExec(db, "BEGIN");
    childExec(db, "CREATE TABLE d%d_%d (a INTEGER, b TEXT)", w, op->x);
    childExec(db, "INSERT INTO d%d_%d VALUES (%d, 'made')", w, op->x, op->x);
    if (m->made) childExec(db, "DROP TABLE d%d_%d", w, m->made);
    childExec(db, "COMMIT");
    break;
  case OP_ALTER:
    childExec(db, op->x ? "ALTER TABLE t%d ADD COLUMN extra INTEGER"
                        : "ALTER TABLE t%d DROP COLUMN extra", w);
    break;
  case OP_VACUUM: childVacuum(db); break;
  case OP_PAIR:
    childExec(db, "INSERT INTO p%d VALUES (%d), (%d)", w, op->x, -op->x);
    break;
  default: childExec(db, "OPTIMIZE t%d", w);
  }
}

static void childWrite(int w, int fd) {
  seine *db;
  Op op;
  if (seine_open(FILE_NAME, &db)) childFail(db, "writer", "open");
  seine_busy_timeout(db, 60000);
  if (below(2)) childExec(db, "PRAGMA memtable_bytes = 65536");
  if (below(2)) childExec(db, "PRAGMA threads = 2; PRAGMA delta_bytes = 300");
  for (;;) {
    modelChoose(models + w, &op);
    if (op.first + op.n + 2 >= ROWS_MAX) _exit(0);
    if (write(fd, &op, sizeof op) != (ssize_t)sizeof op) _exit(1);
    childRun(db, w, &op);
    op.done = 1;
    if (write(fd, &op, sizeof op) != (ssize_t)sizeof op) _exit(1);
    modelApply(models + w, &op);
  }
}

/* ---- a reader ----------------------------------------------------------- */

static volatile sig_atomic_t readerStop;
static void readerTerm(int sig) { (void)sig, readerStop = 1; }

static int readerCell(void *arg, int n, char **text, char **name) {
  char *out = arg;
  (void)name;
  for (int i = 0; i < n; i++) {
    size_t at = strlen(out);
    snprintf(out + at, 200 - at, "%s|", text[i] ? text[i] : "null");
  }
  return 0;
}

static void readerGet(seine *db, const char *sql, char *out) {
  out[0] = 0;
  if (seine_exec(db, sql, readerCell, out, NULL))
    childFail(db, "reader", sql);
}

static void childRead(void) {
  seine *db;
  char sql[200], a[200], b[200];
  signal(SIGTERM, readerTerm);
  if (seine_open_v2(FILE_NAME, &db,
          below(2) ? SEINE_OPEN_READONLY : SEINE_OPEN_READWRITE, NULL))
    childFail(db, "reader", "open");
  while (!readerStop) {
    int w = below(WRITERS);
    snprintf(sql, sizeof sql, "SELECT count(*) %% 2, coalesce(sum(v), 0)"
        " FROM p%d", w);
    readerGet(db, sql, a);
    if (strcmp(a, "0|0|")) {
      fprintf(stderr, "# reader: half a transaction: %s\n", a);
      _exit(1);
    }
    readerGet(db, "BEGIN", a);
    snprintf(sql, sizeof sql, "SELECT count(*), sum(v), min(id), max(body)"
        " FROM t%d", w);
    readerGet(db, sql, a);
    usleep((useconds_t)below(3000));
    readerGet(db, sql, b);
    if (strcmp(a, b)) {
      fprintf(stderr, "# reader: the snapshot moved: %s %s\n", a, b);
      _exit(1);
    }
    snprintf(sql, sizeof sql, "SELECT count(*) FROM t%d", w);
    readerGet(db, sql, a);
    snprintf(sql, sizeof sql, "SELECT count(*) FROM t%d WHERE body MATCH"
        " 'common'", w);
    readerGet(db, sql, b);
    if (strcmp(a, b)) {
      fprintf(stderr, "# reader: search misses rows: %s %s\n", a, b);
      _exit(1);
    }
    readerGet(db, "COMMIT", a);
  }
  _exit(0);
}

/* ---- the parent --------------------------------------------------------- */

static void hear(Model *m, int fd) {
  Op op;
  while (read(fd, &op, sizeof op) == (ssize_t)sizeof op) {
    m->under_way = !op.done;
    m->pending = op;
    if (!op.done) continue;
    modelApply(m, &op);
    m->acked[op.kind]++;
  }
}

static void listenFor(const int *fd, int ms) {
  struct timespec now, end;
  clock_gettime(CLOCK_MONOTONIC, &end);
  int64_t until = end.tv_sec * 1000ll + end.tv_nsec / 1000000 + ms, left;
  do {
    struct pollfd p[WRITERS];
    for (int w = 0; w < WRITERS; w++) p[w] = (struct pollfd){fd[w], POLLIN, 0};
    clock_gettime(CLOCK_MONOTONIC, &now);
    left = until - (now.tv_sec * 1000ll + now.tv_nsec / 1000000);
    if (left <= 0 || poll(p, WRITERS, (int)left) < 0) break;
    for (int w = 0; w < WRITERS; w++) {
      if (p[w].revents & POLLIN) hear(models + w, fd[w]);
      if (p[w].revents & POLLHUP) return;
    }
  } while (left > 0);
}

static char why[600];

static bool differs(const char *what, int id) {
  snprintf(why, sizeof why, "%s at %d", what, id);
  return false;
}

static bool oneText(seine *db, const char *sql, const char *want) {
  char got[200] = "";
  if (seine_exec(db, sql, readerCell, got, NULL)) {
    snprintf(why, sizeof why, "%s: %s", sql, seine_errmsg(db));
    return false;
  }
  if (!strcmp(got, want)) return true;
  snprintf(why, sizeof why, "%s: %s, not %s", sql, got, want);
  return false;
}

/* The rows in order of id against those of the model. */
static bool sameRows(seine *db, int w, const Model *m) {
  seine_stmt *s;
  char sql[100], body[120];
  int rc, at = m->low;
  bool same = true;
  snprintf(sql, sizeof sql, "SELECT id, v, body FROM t%d ORDER BY id", w);
  if (seine_prepare_v2(db, sql, -1, &s, NULL))
    return differs(seine_errmsg(db), 0);
  while (same && (rc = seine_step(s)) == SEINE_ROW) {
    while (at < m->next && !m->row[at].alive) at++;
    const char *text = seine_column_text(s, 2);
    bodyText(m->row[at].key, body, sizeof body);
    if (at >= m->next) same = differs("a row too many", at);
    else if (seine_column_int64(s, 0) != at) same = differs("the id", at);
    else if (seine_column_int64(s, 1) != m->row[at].v)
      same = differs("the number", at);
    else if (!text || strcmp(text, body)) same = differs("the text", at);
    at++;
  }
  if (same && rc != SEINE_DONE) same = differs(seine_errmsg(db), at);
  seine_finalize(s);
  while (at < m->next && !m->row[at].alive) at++;
  return same && at < m->next ? differs("a row is missing", at) : same;
}

/* arg: the first two bytes of a name; the count is in its fourth. */
static int countTable(void *arg, int n, char **text, char **name) {
  char *prefix = arg;
  (void)n, (void)name;
  if (!strncmp(text[0], prefix, 2)) prefix[3]++;
  return 0;
}

static bool sameState(seine *db, int w, const Model *m) {
  char sql[200], want[60], made[4] = {'d', (char)('0' + w), 0, 0};
  if (!sameRows(db, w, m)) return false;
  if (seine_exec(db, "PRAGMA table_list", countTable, made, NULL))
    return differs(seine_errmsg(db), 0);
  if (made[3] != (m->made != 0)) return differs("tables made", made[3]);
  snprintf(sql, sizeof sql, "SELECT count(*) FROM t%d WHERE body MATCH"
      " 'common'", w);
  snprintf(want, sizeof want, "%d|", m->live);
  if (!oneText(db, sql, want)) return false;
  snprintf(sql, sizeof sql, "SELECT count(*), coalesce(sum(v), 0) FROM p%d",
      w);
  snprintf(want, sizeof want, "%d|0|", 2 * m->pairs);
  if (!oneText(db, sql, want)) return false;
  if (m->made) {
    snprintf(sql, sizeof sql, "SELECT a, b FROM d%d_%d", w, m->made);
    snprintf(want, sizeof want, "%d|made|", m->made);
    if (!oneText(db, sql, want)) return false;
  }
  snprintf(sql, sizeof sql, "SELECT sum(extra) FROM t%d", w);
  bool extra = !seine_exec(db, sql, NULL, NULL, NULL);
  return extra == m->extra || differs("the column", extra);
}

static long rounds_ridden, tables_ridden;

/* A segment without a number: the rows of a table that ride. */
static int countRiders(void *arg, int n, char **text, char **name) {
  long *tables = arg;
  (void)n, (void)name;
  *tables += !strcmp(text[1], "0");
  return 0;
}

static void noteRiders(seine *db) {
  long tables = 0;
  (void)seine_exec(db, "PRAGMA segments", countRiders, &tables, NULL);
  rounds_ridden += tables > 0;
  tables_ridden = tables > tables_ridden ? tables : tables_ridden;
}

/* The model, or the model and what was under way; the tables are those. */
static bool checkFile(int round) {
  seine *db;
  bool good = seine_open(FILE_NAME, &db) == SEINE_OK;
  if (!good) differs(seine_errmsg(db), round);
  else noteRiders(db);
  for (int w = 0; good && w < WRITERS; w++) {
    Model *m = models + w;
    good = sameState(db, w, m);
    if (!good && m->under_way) {
      char first[sizeof why];
      memcpy(first, why, sizeof why);
      modelApply(m, &m->pending);
      good = sameState(db, w, m);
      if (!good) printf("# without: %s\n", first);
    }
    if (!good) {
      printf("# round %d, table %d, after %s (%s): %s\n", round, w,
          opNames[m->pending.kind], m->under_way ? "under way" : "done", why);
    }
    m->under_way = false;
  }
  if (good && !oneText(db, "PRAGMA integrity_check", "ok|")) {
    good = false;
    printf("# round %d: %s\n", round, why);
  }
  seine_close(db);
  return good;
}

static bool setUp(void) {
  seine *db;
  int rc = seine_open(FILE_NAME, &db);
  for (int w = 0; !rc && w < WRITERS; w++) {
    char sql[200];
    models[w].row = calloc(ROWS_MAX, sizeof(Row));
    if (!models[w].row) return false;
    snprintf(sql, sizeof sql, "CREATE TABLE t%d (id INTEGER, v INTEGER,"
        " body TEXT); CREATE TABLE p%d (v INTEGER)", w, w);
    rc = seine_exec(db, sql, NULL, NULL, NULL);
  }
  if (rc) printf("# %s\n", seine_errmsg(db));
  seine_close(db);
  return rc == SEINE_OK;
}

static pid_t startWriter(int w, int *fd) {
  int p[2];
  if (pipe(p)) return -1;
  rnd();
  pid_t pid = fork();
  if (pid == 0) {
    rngState ^= (uint64_t)(w + 1) << 40;
    close(p[0]);
    childWrite(w, p[1]);
  }
  close(p[1]);
  fcntl(p[0], F_SETFL, O_NONBLOCK);
  *fd = p[0];
  return pid;
}

static long killed; /* processes, while they ran */

/* True when the process was still running, or ended as it should; a reader
** may be asked to end before it listens. */
static bool reap(pid_t pid) {
  int status;
  if (waitpid(pid, &status, 0) != pid) return false;
  if (WIFSIGNALED(status)) killed += WTERMSIG(status) == SIGKILL;
  if (WIFSIGNALED(status))
    return WTERMSIG(status) == SIGKILL || WTERMSIG(status) == SIGTERM;
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool roundRun(void) {
  pid_t pid[WRITERS], reader[READERS];
  int fd[WRITERS];
  bool good = true;
  for (int w = 0; w < WRITERS; w++) pid[w] = startWriter(w, fd + w);
  for (int r = 0; r < READERS; r++) {
    rnd();
    reader[r] = fork();
    if (reader[r] == 0) childRead();
  }
  listenFor(fd, below(below(3) ? 60 : 400));
  for (int w = 0; w < WRITERS; w++) kill(pid[w], SIGKILL);
  for (int r = 0; r < READERS; r++)
    kill(reader[r], below(2) ? SIGKILL : SIGTERM);
  for (int w = 0; w < WRITERS; w++) {
    if (!reap(pid[w])) good = false;
    hear(models + w, fd[w]);
    close(fd[w]);
  }
  for (int r = 0; r < READERS; r++) {
    if (!reap(reader[r])) good = false;
  }
  return good;
}

int main(int argc, char **argv) {
  const char *env = getenv("KILL_ROUNDS");
  int rounds = getenv("SEINE_QUICK") ? 20 : 200, bad = 0, round;
  bool children = true, good = true;
  if (env) rounds = (int)strtol(env, NULL, 10);
  if (argc > 1) rounds = (int)strtol(argv[1], NULL, 10);
  if (argc > 2) rngState ^= strtoull(argv[2], NULL, 10) << 20;
  unlink(FILE_NAME);
  ok(setUp(), "tables are made");
  for (round = 0; round < rounds && !testFailed && good; round++) {
    if (!roundRun()) children = false, bad++;
    good = checkFile(round);
  }
  printf("# %d rounds\n", round);
  ok(good, "what was committed is there, and nothing half");
  ok(children, "no writer or reader saw an error");
  long all = 0, some = 0;
  for (int k = 0; k < OP_KINDS; k++) {
    long n = models[0].acked[k] + models[1].acked[k];
    printf("# %s: %ld\n", opNames[k], n);
    all += n;
    some += n > 0;
  }
  ok(rounds < 50 || some == OP_KINDS, "every kind of commit took part");
  printf("# rows rode in %ld rounds, of %ld tables at most\n", rounds_ridden,
      tables_ridden);
  ok(rounds < 20 || (rounds_ridden > 1 && tables_ridden > 1),
      "rows rode when the writers were killed");
  printf("# %ld kills, %ld commits, %d rounds with an error\n", killed, all,
      bad);
  printf("1..%d\n", testCount);
  for (int w = 0; w < WRITERS; w++) free(models[w].row);
  return testFailed > 0;
}
