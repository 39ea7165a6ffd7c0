/*
** sqlfuzz: random SQL that SQLite and Seine must answer alike.
**
**   sqlfuzz [-seed N] [-n N] [-q N] [-law N] [-v]
**     -seed N   the first seed (1)          -n N  how many seeds (10)
**     -q N      queries of a law for each   (20)
**     -law N    that law alone, from 1 on
**     -v        shows every query, and what became of it
**
** A seed makes three tables, and queries over them for the laws (sqlfuzz.h).
** What a side refuses is counted by its message and not failed.  Where a law
** is broken the case is made smaller as long as it breaks: rows are taken
** out, pieces of the query left out or put in the place of larger ones.
** Each seed runs in a process of its own; a crash is made smaller, too.
**
** The tables of a seed are made once in each engine.  Queries that only read
** are asked there one behind the other; what writes is run in a fork of the
** process, whose engines in memory nobody else sees.
*/
#define _GNU_SOURCE
#include <signal.h>
#include <sqlite3.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "sqlfuzz.h"

static struct {
  int seed, n, q, law, verbose;
} opt = {1, 10, 20, 0, 0};

static const char *const lawNames[LAW_N] = {
    "SQLite answers alike", "segments, batches, threads, OPTIMIZE",
    "p, NOT p, p IS NULL", "count(*) WHERE p", "SQLite writes alike",
    "writes: segments, batches, threads, OPTIMIZE"};

/* ---- rows --------------------------------------------------------------- */

/* An answer: rows as texts, values parted by |; sorted unless the query says
** an order. */
typedef struct Rows {
  char **row;
  size_t n, cap;
} Rows;

static void rowsFree(Rows *r) {
  while (r->n) free(r->row[--r->n]);
  free(r->row);
  *r = (Rows){0};
}

static void rowsAdd(Rows *r, const Text *line) {
  r->row = grown(r->row, r->n + 1, &r->cap, sizeof *r->row);
  r->row[r->n++] = strdup(line->n ? line->p : "");
}

static int rowsOrder(const void *a, const void *b) {
  return strcmp(*(char *const *)a, *(char *const *)b);
}

static void rowsSort(Rows *r) {
  if (r->n) qsort(r->row, r->n, sizeof *r->row, rowsOrder);
}

static int rowsSame(const Rows *a, const Rows *b) {
  size_t i;
  if (a->n != b->n) return 0;
  for (i = 0; i < a->n; i++)
    if (strcmp(a->row[i], b->row[i])) return 0;
  return 1;
}

static void rowsValue(Text *line, int first, double v, const char *text) {
  char s[64];
  if (!first) textAddStr(line, "|");
  if (text) {
    textAddStr(line, text);
    return;
  }
  snprintf(s, sizeof s, "%.10g", v == 0 ? 0 : v); /* 0 is -0 */
  textAddStr(line, s);
}

static void rowsConstraint(Rows *r) {
  Text line = {0};
  textAddStr(&line, "constraint");
  rowsAdd(r, &line);
  free(line.p);
}

/* ---- engines ------------------------------------------------------------ */

/* How a store is made and asked.  like: the one that has the same rows: where
** nothing is written it is asked in its place. */
static const struct Store {
  const char *title;
  int like, chunk; /* rows to an INSERT */
  const char *before, *after, *set;
} stores[] = {
  {"one segment", 0, GEN_ROWS, "", "",
      "PRAGMA batch_rows = 4096; PRAGMA threads = 1"},
  {"a statement that ran before", 0, GEN_ROWS, "", "",
      "PRAGMA batch_rows = 4096; PRAGMA threads = 1"},
  {"batches of 1", 0, GEN_ROWS, "", "",
      "PRAGMA batch_rows = 1; PRAGMA threads = 1"},
  {"many segments", 3, 2, "PRAGMA auto_merge = 0", "",
      "PRAGMA batch_rows = 4096; PRAGMA threads = 1"},
  {"many segments, batches of 3", 3, 2, "PRAGMA auto_merge = 0", "",
      "PRAGMA batch_rows = 3; PRAGMA threads = 1"},
  {"many segments, two threads", 3, 2, "PRAGMA auto_merge = 0", "",
      "PRAGMA batch_rows = 4096; PRAGMA threads = 2"},
  {"many segments, two threads, batches of 1", 3, 2,
      "PRAGMA auto_merge = 0", "",
      "PRAGMA batch_rows = 1; PRAGMA threads = 2"},
  {"OPTIMIZE, batches of 2", 7, 1, "", "OPTIMIZE",
      "PRAGMA batch_rows = 2; PRAGMA threads = 1"}
};
enum { STORES = sizeof stores / sizeof *stores, STORE_AGAIN = 1 };

typedef struct Engines {
  sqlite3 *peer;
  int peer_steps; /* that SQLite made for a case, in millions */
  int writes;     /* each store has rows of its own */
  seine *db[STORES];
} Engines;

static char enginesError[400]; /* of the last query that was refused */

static void enginesClose(Engines *e) {
  int i;
  sqlite3_close(e->peer);
  for (i = 0; i < STORES; i++) seine_close(e->db[i]);
  *e = (Engines){0};
}

/* store -1: SQLite. */
static int enginesRun(Engines *e, int store, const char *sql) {
  char *why = 0;
  int rc = store < 0 ? sqlite3_exec(e->peer, sql, 0, 0, &why) :
      seine_exec(e->db[store], sql, 0, 0, &why);
  if (rc) {
    snprintf(enginesError, sizeof enginesError, "%stables: %s",
        store < 0 ? "SQLite: " : "", why ? why : "?");
  }
  if (store < 0) sqlite3_free(why);
  else seine_free(why);
  return rc;
}

/* The statements that make the tables, `chunk` rows to an INSERT. */
static void caseScript(const Case *c, int peer, int chunk, Text *out) {
  int t, i, k;
  for (t = 0; t < GEN_TABLES; t++) {
    const Table *at = &c->tables[t];
    textAddStr(out, genText("CREATE TABLE t%d(", t));
    for (i = 0; i < at->cols; i++) {
      const char *type = at->types[i] == 'i' ? "INTEGER" :
          at->types[i] == 'r' ? "REAL" :
          at->coded[i] && !peer ? "KEYWORD" : "TEXT";
      if (at->types[i] == 'b') type = "BOOLEAN";
      if (at->types[i] == 'd') type = peer ? "TEXT" : "DATE";
      textAddStr(out, genText("%sc%d %s%s", i ? ", " : "", i, type,
          i ? "" : at->key));
    }
    textAddStr(out, ");\n");
    if (at->indexed)
      textAddStr(out, genText("CREATE INDEX i%d ON t%d(c%d);\n", t, t,
          at->indexed));
    for (i = k = 0; i < at->rows; i++) {
      if (!at->row[i]) continue;
      textAddStr(out, k ? "," : genText("INSERT INTO t%d VALUES ", t));
      textAddStr(out, at->row[i]);
      k = (k + 1) % chunk;
      if (!k) textAddStr(out, ";\n");
    }
    if (k) textAddStr(out, ";\n");
  }
  for (i = 0; i < c->doubled; i++) {
    textAddStr(out, genText("INSERT INTO t0 SELECT c0 + %d", 32 << i));
    for (k = 1; k < c->tables[0].cols; k++)
      textAddStr(out, genText(", c%d", k));
    textAddStr(out, " FROM t0;\n");
  }
  for (i = 0; i < GEN_AFTER; i++) {
    if (!c->after[i]) continue;
    textAddStr(out, c->after[i]);
    textAddStr(out, ";\n");
  }
}

static void caseViews(const Case *c, int peer, Text *out) {
  int i;
  for (i = 0; i < GEN_VIEWS; i++) {
    if (!c->views[i]) continue;
    textAddStr(out, genText("CREATE VIEW v%d AS ", i));
    nodeText(c->views[i], peer, out);
    textAddStr(out, ";\n");
  }
}

/* The query, with what stands before it. */
static void caseQuery(const Case *c, int peer, Text *out) {
  textClear(out);
  if (c->with) nodeText(c->with, peer, out);
  nodeText(c->query, peer, out);
}

static int lawWrites(Law law) {
  return law == LAW_WRITES || law == LAW_WRITE_STORES;
}

/* Is the store, or SQLite as -1, one whose tables the law needs?  Where each
** has rows of its own, no statement runs again. */
static int lawAsks(Law law, int store) {
  if (store < 0) return law == LAW_SQLITE || law == LAW_WRITES;
  if (law == LAW_WRITE_STORES) return store != STORE_AGAIN;
  return !store || (law == LAW_STORES && stores[store].like == store);
}

static int enginesTired(void *arg) {
  return ++((Engines *)arg)->peer_steps > 30;
}

/* Makes the tables of the case where they are not yet. */
static int enginesOpen(Engines *e, const Case *c, Law law) {
  Text t = {0};
  int i, rc = 0;
  if (lawAsks(law, -1) && !e->peer) {
    caseScript(c, 1, 1, &t);
    rc = sqlite3_open(":memory:", &e->peer);
    sqlite3_progress_handler(e->peer, 1000000, enginesTired, e);
    if (!rc) rc = enginesRun(e, -1, t.p);
  }
  for (i = 0; !rc && i < STORES; i++) {
    const struct Store *s = &stores[i];
    if (!lawAsks(law, i) || e->db[i]) continue;
    textClear(&t);
    caseScript(c, 0, s->chunk, &t);
    rc = seine_open(":memory:", &e->db[i]);
    if (!rc) rc = enginesRun(e, i, "PRAGMA timeout = 1000");
    if (!rc) rc = enginesRun(e, i, s->before);
    if (!rc) rc = enginesRun(e, i, t.p);
    if (!rc) rc = enginesRun(e, i, s->after);
  }
  free(t.p);
  return rc;
}

/* Makes the views of the case where the law asks, or drops them. */
static int enginesViews(Engines *e, const Case *c, Law law, int make) {
  Text t = {0};
  int i, rc = 0;
  for (i = -1; !rc && i < STORES && (c->views[0] || c->views[1]); i++) {
    if (!lawAsks(law, i)) continue;
    textClear(&t);
    if (make) caseViews(c, i < 0, &t);
    else textAddStr(&t, "DROP VIEW IF EXISTS v1; DROP VIEW IF EXISTS v0");
    rc = enginesRun(e, i, t.p);
  }
  free(t.p);
  return rc;
}

/* The rows of all statements; a constraint that one breaks is a row. */
static int askPeer(Engines *e, const char *sql, Rows *rows) {
  Text line = {0};
  int rc = SQLITE_DONE, i;
  while (*sql && rc == SQLITE_DONE) {
    sqlite3_stmt *q = 0;
    rc = sqlite3_prepare_v2(e->peer, sql, -1, &q, &sql);
    while (!rc && (rc = sqlite3_step(q)) == SQLITE_ROW) {
      rc = 0;
      textClear(&line);
      for (i = 0; i < sqlite3_column_count(q); i++) {
        int type = sqlite3_column_type(q, i);
        rowsValue(&line, !i, sqlite3_column_double(q, i),
            type == SQLITE_NULL ? "NULL" : type == SQLITE_TEXT ?
                (const char *)sqlite3_column_text(q, i) : 0);
      }
      rowsAdd(rows, &line);
    }
    if (rc == SQLITE_CONSTRAINT) {
      rowsConstraint(rows);
      rc = SQLITE_DONE;
    }
    if (rc != SQLITE_DONE) {
      snprintf(enginesError, sizeof enginesError, "SQLite: %s",
          sqlite3_errmsg(e->peer));
    }
    sqlite3_finalize(q);
  }
  free(line.p);
  return rc == SQLITE_DONE ? 0 : rc;
}

static int askSeine(Engines *e, int store, const char *sql, Rows *rows) {
  int at = e->writes ? store : stores[store].like, i;
  int again = store == STORE_AGAIN && !e->writes;
  seine *db = e->db[at];
  Text line = {0};
  int rc = enginesRun(e, at, stores[store].set);
  if (!rc) rc = SEINE_DONE;
  while (*sql && rc == SEINE_DONE) {
    seine_stmt *q = 0;
    rc = seine_prepare_v2(db, sql, -1, &q, &sql);
    if (!rc && again) {
      while ((rc = seine_step(q)) == SEINE_ROW) continue;
      if (rc == SEINE_DONE) rc = seine_reset(q);
    }
    while (!rc && (rc = seine_step(q)) == SEINE_ROW) {
      rc = 0;
      textClear(&line);
      for (i = 0; i < seine_column_count(q); i++) {
        int type = seine_column_type(q, i);
        rowsValue(&line, !i, seine_column_double(q, i),
            type == SEINE_NULL ? "NULL" : type == SEINE_TEXT ?
                seine_column_text(q, i) : 0);
      }
      rowsAdd(rows, &line);
    }
    if (rc == SEINE_CONSTRAINT) {
      rowsConstraint(rows);
      rc = SEINE_DONE;
    }
    if (rc != SEINE_DONE)
      snprintf(enginesError, sizeof enginesError, "%s", seine_errmsg(db));
    seine_finalize(q);
  }
  free(line.p);
  return rc == SEINE_DONE ? 0 : rc;
}

/* ---- laws --------------------------------------------------------------- */

typedef enum { KEPT, BROKEN, REFUSED } Verdict;

typedef struct Finding {
  Text what; /* both answers */
} Finding;

static void findingRows(Finding *f, const char *title, const Rows *r) {
  size_t i;
  if (!f) return;
  textAddStr(&f->what, title);
  textAddStr(&f->what, genText(": %zu rows\n", r->n));
  for (i = 0; i < r->n && i < 12; i++) {
    textAddStr(&f->what, "--   ");
    textAddStr(&f->what, r->row[i]);
    textAddStr(&f->what, "\n");
  }
}

static Verdict findingCompare(Finding *f, const Case *c, Rows *want,
    Rows *got, const char *want_name, const char *got_name) {
  if (!c->ordered) {
    rowsSort(want);
    rowsSort(got);
  }
  if (rowsSame(want, got)) return KEPT;
  findingRows(f, want_name, want);
  findingRows(f, got_name, got);
  return BROKEN;
}

static Verdict lawSqlite(Engines *e, const Case *c, Finding *f) {
  Rows want = {0}, got = {0};
  Text sql = {0}, peer = {0};
  Verdict v = REFUSED;
  caseQuery(c, 0, &sql);
  caseQuery(c, 1, &peer);
  if (!askPeer(e, peer.p, &want) && !askSeine(e, 0, sql.p, &got))
    v = findingCompare(f, c, &want, &got, "-- sqlite", "-- seine");
  if (v == BROKEN && f && strcmp(sql.p, peer.p)) {
    textAddStr(&f->what, "-- in SQLite: ");
    textAddStr(&f->what, peer.p);
    textAddStr(&f->what, "\n");
  }
  free(sql.p);
  free(peer.p);
  rowsFree(&want);
  rowsFree(&got);
  return v;
}

static Verdict lawStores(Engines *e, const Case *c, Finding *f) {
  Rows want = {0};
  Text sql = {0};
  Verdict v = REFUSED;
  int i, tired = 0;
  caseQuery(c, 0, &sql);
  if (!askSeine(e, 0, sql.p, &want)) v = KEPT;
  for (i = 1; i < STORES && v == KEPT && !tired; i++) {
    Rows got = {0};
    if (e->writes && i == STORE_AGAIN) continue;
    if (!askSeine(e, i, sql.p, &got)) {
      v = findingCompare(f, c, &want, &got,
          genText("-- %s", stores[0].title),
          genText("-- %s", stores[i].title));
    } else if (strstr(enginesError, "timeout")) {
      tired = 1; /* the others are not faster */
    } else if (!strstr(enginesError, "overflow")) {
      /* which row overflows first is a matter of order: no law */
      v = BROKEN;
      if (f) textAddStr(&f->what, genText("-- %s: %s\n", stores[i].title,
          enginesError));
    }
    rowsFree(&got);
  }
  rowsFree(&want);
  free(sql.p);
  return v;
}

/* The rows of the query with a condition in the place of its own, added. */
static int lawTurned(Engines *e, const Case *c, const char *format,
    Rows *rows) {
  Node was = *c->where;
  Text p = {0}, sql = {0}, turned = {0};
  const char *at = strchr(format, '@');
  int rc;
  nodeText(c->where, 0, &p);
  c->where->n = 1;
  c->where->gone = 0;
  textAdd(&turned, format, at ? (size_t)(at - format) : strlen(format));
  if (at) {
    textAddStr(&turned, p.p);
    textAddStr(&turned, at + 1);
  }
  c->where->parts[0] = (Part){turned.p, 0};
  caseQuery(c, 0, &sql);
  rc = askSeine(e, 0, sql.p, rows);
  *c->where = was;
  free(turned.p);
  free(p.p);
  free(sql.p);
  return rc;
}

static Verdict lawParts(Engines *e, const Case *c, Finding *f) {
  Rows want = {0}, got = {0};
  Verdict v = REFUSED;
  if (!lawTurned(e, c, "1 = 1", &want) && !lawTurned(e, c, "(@)", &got) &&
      !lawTurned(e, c, "(NOT (@))", &got) &&
      !lawTurned(e, c, "((@) IS NULL)", &got)) {
    v = findingCompare(f, c, &want, &got, "-- all rows",
        "-- those for p, NOT p, p IS NULL");
  }
  rowsFree(&want);
  rowsFree(&got);
  return v;
}

static Verdict lawCount(Engines *e, const Case *c, Finding *f) {
  Rows want = {0}, got = {0};
  Verdict v = REFUSED;
  Text from = {0}, p = {0}, a = {0}, b = {0};
  nodeText(c->from, 0, &from);
  nodeText(c->where, 0, &p);
  if (c->with) nodeText(c->with, 0, &a);
  if (c->with) nodeText(c->with, 0, &b);
  textAddStr(&a, "SELECT count(*) FROM ");
  textAddStr(&a, from.p);
  textAddStr(&a, " WHERE ");
  textAddStr(&a, p.p);
  textAddStr(&b, "SELECT total(CASE WHEN ");
  textAddStr(&b, p.p);
  textAddStr(&b, " THEN 1 ELSE 0 END) FROM ");
  textAddStr(&b, from.p);
  if (!askSeine(e, 0, b.p, &want) &&
      !askSeine(e, 0, a.p, &got)) {
    v = findingCompare(f, c, &want, &got, "-- rows for which p is true",
        "-- count(*) WHERE p");
  }
  free(from.p);
  free(p.p);
  free(a.p);
  free(b.p);
  rowsFree(&want);
  rowsFree(&got);
  return v;
}

/* Asks the engines, which keep their tables but not the views. */
static Verdict caseAsk(Engines *e, const Case *c, Law law, Finding *f) {
  Verdict v = REFUSED;
  int rc = enginesOpen(e, c, law);
  e->peer_steps = 0;
  e->writes = lawWrites(law);
  if (!rc && !enginesViews(e, c, law, 1)) {
    switch (law) {
      case LAW_SQLITE: case LAW_WRITES: v = lawSqlite(e, c, f); break;
      case LAW_PARTS: v = lawParts(e, c, f); break;
      case LAW_COUNT: v = lawCount(e, c, f); break;
      default: v = lawStores(e, c, f); break;
    }
  }
  if (rc || enginesViews(e, c, law, 0)) enginesClose(e);
  return v;
}

/* Asks engines that nobody asked before. */
static Verdict caseTry(const Case *c, Law law, Finding *f) {
  Engines e = {0};
  Verdict v = caseAsk(&e, c, law, f);
  enginesClose(&e);
  return v;
}

/* ---- shrinking ---------------------------------------------------------- */

static int shrinkTries;

/* Does the case still break?  A crash is seen from outside. */
static int shrinkBreaks(const Case *c, Law law, int crash) {
  int status;
  pid_t pid;
  if (++shrinkTries > 3000) return 0;
  if (!crash) return caseTry(c, law, 0) == BROKEN;
  pid = fork();
  if (!pid) {
    if (!freopen("/dev/null", "w", stderr)) _exit(0);
    alarm(20);
    caseTry(c, law, 0);
    _exit(0);
  }
  return pid > 0 && waitpid(pid, &status, 0) == pid && status;
}

static int shrinkRows(Case *c, Law law, int crash) {
  int t, i, k, step, done = 0, doubled = c->doubled;
  for (i = 0; i < doubled && c->doubled == doubled; i++) {
    c->doubled = i;
    if (shrinkBreaks(c, law, crash)) done = 1;
    else c->doubled = doubled;
  }
  for (i = 0; i < GEN_AFTER; i++) {
    const char *was = c->after[i];
    if (!was) continue;
    c->after[i] = 0;
    if (shrinkBreaks(c, law, crash)) done = 1;
    else c->after[i] = was;
  }
  for (i = 0; i < GEN_VIEWS; i++) {
    Node *was = c->views[i];
    if (!was) continue;
    c->views[i] = 0;
    if (shrinkBreaks(c, law, crash)) done = 1;
    else c->views[i] = was;
  }
  for (t = 0; t < GEN_TABLES; t++) {
    Table *at = &c->tables[t];
    const char *key = at->key;
    int indexed = at->indexed;
    at->key = "";
    if (*key && shrinkBreaks(c, law, crash)) done = 1;
    else at->key = key;
    at->indexed = 0;
    if (indexed && shrinkBreaks(c, law, crash)) done = 1;
    else at->indexed = indexed;
    for (step = GEN_ROWS; step; step /= 2) {
      for (i = 0; i < at->rows; i += step) {
        const char *was[GEN_ROWS];
        int n = 0;
        for (k = i; k < i + step && k < at->rows; k++) {
          n += !!at->row[k];
          was[k] = at->row[k];
          at->row[k] = 0;
        }
        if (n && shrinkBreaks(c, law, crash)) {
          done = 1;
          continue;
        }
        for (k = i; k < i + step && k < at->rows; k++) at->row[k] = was[k];
      }
    }
  }
  return done;
}

/* Puts a piece of the same type from below n in its place. */
static int shrinkHoist(Case *c, Law law, int crash, Node *n, Node *below) {
  Node was = *n;
  int i;
  for (i = 0; i < below->n; i++) {
    Node *at = below->parts[i].node;
    if (!at || at->gone) continue;
    if (at->type == n->type && n->type != '-') {
      *n = *at;
      n->optional = was.optional;
      if (shrinkBreaks(c, law, crash)) return 1;
      *n = was;
    }
    if (shrinkHoist(c, law, crash, n, at)) return 1;
  }
  return 0;
}

static int shrinkNode(Case *c, Law law, int crash, Node *n) {
  static const struct {
    char type;
    const char *text;
  } small[] = {{'i', "NULL"}, {'i', "0"}, {'i', "1"}, {'r', "NULL"},
      {'r', "0.5"}, {'s', "NULL"}, {'s', "'a'"}, {'b', "TRUE"},
      {'b', "FALSE"}};
  int i, done = 0;
  size_t k;
  if (n->gone) return 0;
  if (n->optional && n->n) {
    n->gone = 1;
    if (shrinkBreaks(c, law, crash)) return 1;
    n->gone = 0;
  }
  while (shrinkHoist(c, law, crash, n, n)) done = 1;
  if (n->n > 1 || (n->n == 1 && n->parts[0].text && n->type != '-' &&
      strlen(n->parts[0].text) > 5)) {
    for (k = 0; k < sizeof small / sizeof *small; k++) {
      Node was = *n;
      if (small[k].type != n->type) continue;
      n->n = 1;
      n->parts[0] = (Part){small[k].text, 0};
      if (shrinkBreaks(c, law, crash)) return 1;
      *n = was;
    }
  }
  for (i = 0; i < n->n; i++)
    if (n->parts[i].node)
      done |= shrinkNode(c, law, crash, n->parts[i].node);
  return done;
}

static int shrinkWith(Case *c, Law law, int crash) {
  Node *was = c->with;
  c->with = 0;
  if (shrinkBreaks(c, law, crash)) return 1;
  c->with = was;
  return shrinkNode(c, law, crash, was);
}

static void shrink(Case *c, Law law, int crash) {
  int more = 1, i;
  shrinkTries = 0;
  while (more && shrinkTries < 3000) {
    more = shrinkRows(c, law, crash);
    more |= shrinkNode(c, law, crash, c->query);
    if (c->with) more |= shrinkWith(c, law, crash);
    for (i = 0; i < GEN_VIEWS; i++)
      if (c->views[i]) more |= shrinkNode(c, law, crash, c->views[i]);
    if (c->from) more |= shrinkNode(c, law, crash, c->from);
    if (c->where) more |= shrinkNode(c, law, crash, c->where);
  }
}

/* ---- seeds -------------------------------------------------------------- */

static void caseTell(const Case *c, Law law, int seed, int q,
    const char *what) {
  Text t = {0};
  textAddStr(&t, genText("-- seed %d, query %d: %s\n", seed, q,
      lawNames[law]));
  caseScript(c, 0, law == LAW_STORES ? 2 : GEN_ROWS, &t);
  caseViews(c, 0, &t);
  if (c->with) nodeText(c->with, 0, &t);
  nodeText(c->query, 0, &t);
  textAddStr(&t, ";\n");
  if (c->where) {
    textAddStr(&t, "-- p is ");
    nodeText(c->where, 0, &t);
    textAddStr(&t, "\n");
  }
  textAddStr(&t, what);
  textAddStr(&t, "\n");
  fwrite(t.p, 1, t.n, stdout);
  fflush(stdout);
  free(t.p);
}

typedef struct Shared {
  Tally laws[LAW_N];
  int law, q; /* under way */
  char error[sizeof enginesError]; /* of a fork */
  time_t told;
} Shared;

static time_t seedClock(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec;
}

/* How far it is, every few seconds. */
static void seedProgress(Shared *sh, int seed) {
  time_t now = seedClock();
  Tally sum;
  if (now - sh->told < 5) return;
  sh->told = now;
  sum = tallySum(sh->laws, LAW_N);
  fprintf(stderr, "sqlfuzz: %ld queries, %ld failed, at seed %d\n",
      sum.passed + sum.failed + sum.skipped, sum.failed, seed);
  fflush(stderr);
}

/* As caseAsk() in a fork, which leaves the engines as they are.  Its crash is
** one of this process. */
static Verdict seedFork(Engines *e, const Case *c, Law law, Shared *sh) {
  enum { CODE = 100 };
  int status = 0;
  pid_t pid;
  if (enginesOpen(e, c, law)) return REFUSED;
  fflush(stdout);
  pid = fork();
  if (!pid) {
    Verdict v;
    alarm(60);
    v = caseAsk(e, c, law, 0);
    memcpy(sh->error, enginesError, sizeof enginesError);
    exit(CODE + (int)v);
  }
  if (pid < 0 || waitpid(pid, &status, 0) != pid) {
    perror("sqlfuzz");
    exit(2);
  }
  if (WIFSIGNALED(status)) raise(WTERMSIG(status));
  if (WEXITSTATUS(status) < CODE) exit(WEXITSTATUS(status));
  memcpy(enginesError, sh->error, sizeof enginesError);
  return (Verdict)(WEXITSTATUS(status) - CODE);
}

/* Makes the case that breaks the law smaller, and tells it.  f: what it did
** behind the queries before it. */
static void seedBroken(Case *c, Law law, int seed, int q, const Finding *f) {
  Finding alone = {0};
  Text sql = {0};
  alarm(0);
  if (caseTry(c, law, 0) == BROKEN) {
    shrink(c, law, 0);
    caseTry(c, law, &alone);
  } else {
    textAddStr(&alone.what, "-- only behind the queries before it:\n");
    textAddStr(&alone.what, f->what.n ? f->what.p : "");
  }
  caseTell(c, law, seed, q, alone.what.n ? alone.what.p : "");
  caseQuery(c, 0, &sql);
  tallyNote(1, lawNames[law], 1, sql.p);
  free(alone.what.p);
  free(sql.p);
}

static void seedRefused(const Case *c) {
  char reason[300];
  Text sql = {0};
  caseQuery(c, 0, &sql);
  tallyReason(enginesError, reason, sizeof reason);
  if (!strncmp(enginesError, "SQLite: ", 8))
    snprintf(reason, sizeof reason, "%.200s", enginesError);
  tallyNote(0, reason, 1, sql.p);
  free(sql.p);
}

static void seedCase(Engines *e, int seed, int q, Law law, Shared *sh) {
  static Case c;
  Tally *t = &sh->laws[law];
  Finding f = {0};
  Verdict v;
  sh->law = (int)law;
  sh->q = q;
  memset(&c, 0, sizeof c);
  genTables(&c, (uint64_t)seed);
  genQuery(&c, (uint64_t)seed, q, law);
  alarm(60);
  v = lawWrites(law) ? seedFork(e, &c, law, sh) : caseAsk(e, &c, law, &f);
  if (opt.verbose) {
    Text sql = {0};
    caseQuery(&c, 0, &sql);
    printf("%s: %s\n", v == KEPT ? "kept" : v == BROKEN ? "broken" :
        enginesError, sql.p);
    free(sql.p);
  }
  t->passed += v == KEPT;
  t->skipped += v == REFUSED;
  t->failed += v == BROKEN;
  if (v == REFUSED) seedRefused(&c);
  if (v == BROKEN) {
    seedBroken(&c, law, seed, q, &f);
    enginesClose(e);
  }
  free(f.what.p);
  genFree();
  seedProgress(sh, seed);
}

static void seedRun(int seed, Shared *sh) {
  Engines e = {0};
  int law, q;
  for (law = 0; law < LAW_N; law++) {
    for (q = 0; (!opt.law || law == opt.law - 1) && q < opt.q; q++)
      seedCase(&e, seed, q, (Law)law, sh);
  }
  enginesClose(&e);
}

static void seedCrash(int seed, Shared *sh, int status) {
  static Case c;
  char why[80];
  Law law = (Law)sh->law;
  snprintf(why, sizeof why, "%s %d",
      WIFSIGNALED(status) ? "crash: signal" : "exit code",
      WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
  memset(&c, 0, sizeof c);
  genTables(&c, (uint64_t)seed);
  genQuery(&c, (uint64_t)seed, sh->q, law);
  shrink(&c, law, 1);
  caseTell(&c, law, seed, sh->q, why);
  sh->laws[law].failed++;
  tallyNote(1, why, 1, genText("seed %d", seed));
  genFree();
}

int main(int argc, char **argv) {
  struct timespec from, to;
  double seconds;
  Tally sum;
  Shared *sh;
  int i, status;
  for (i = 1; i < argc; i++) {
    int *to_set = !strcmp(argv[i], "-seed") ? &opt.seed :
        !strcmp(argv[i], "-n") ? &opt.n : !strcmp(argv[i], "-q") ? &opt.q :
        !strcmp(argv[i], "-law") ? &opt.law : 0;
    if (!strcmp(argv[i], "-v")) {
      opt.verbose = 1;
    } else if (to_set && i + 1 < argc) {
      *to_set = (int)strtol(argv[++i], 0, 10);
    } else {
      fprintf(stderr, "usage: sqlfuzz [-seed N] [-n N] [-q N] [-law N] "
          "[-v]\n");
      return 2;
    }
  }
  sh = mmap(0, sizeof *sh, PROT_READ | PROT_WRITE,
      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (sh == MAP_FAILED) {
    perror("sqlfuzz");
    return 2;
  }
  clock_gettime(CLOCK_MONOTONIC, &from);
  sh->told = from.tv_sec;
  for (i = 0; i < opt.n; i++) {
    FILE *f = tmpfile();
    pid_t pid;
    fflush(stdout);
    pid = f ? fork() : -1;
    if (pid < 0) {
      perror("sqlfuzz");
      return 2;
    }
    if (!pid) {
      tallyForget();
      seedRun(opt.seed + i, sh);
      tallyWrite(f);
      exit(0);
    }
    waitpid(pid, &status, 0);
    tallyRead(f);
    fclose(f);
    if (status) seedCrash(opt.seed + i, sh, status);
  }
  for (i = 0; i < LAW_N; i++) tallyFolder(lawNames[i], &sh->laws[i]);
  clock_gettime(CLOCK_MONOTONIC, &to);
  seconds = (double)(to.tv_sec - from.tv_sec) +
      1e-9 * (double)(to.tv_nsec - from.tv_nsec);
  i = tallyReport(opt.n, "seeds", seconds, 40);
  sum = tallySum(sh->laws, LAW_N);
  printf("\n%ld queries, %.0f a second; %ld failed\n", sum.passed +
      sum.failed + sum.skipped, (double)(sum.passed + sum.failed +
      sum.skipped) / seconds, sum.failed);
  return i;
}
