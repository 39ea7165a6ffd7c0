/*
** bench_search: Seine's side of the search benchmark, and with BENCH_SQLITE
** that of FTS5.  The other peers, in peers/, have the same commands.
**
**   bench_search index CORPUS DB
**     CORPUS: NDJSON of {"id", "text"}, in order of documents.  Loads it,
**     makes one segment of it, prints documents, seconds, bytes of the file;
**     of Seine also those of the segment, for the file has room of older ones
**     too, and of the texts in it, which no other engine keeps.  BENCH_PAIRS
**     of the environment: Seine's PRAGMA word_pairs.
**   bench_search search DB [SECONDS]
**     Answers each line of stdin with one, as soon as it has it:
**       RUNS  COMMAND  query
**       best_ns  count  doc:score doc:score ...
**     with tabs between the parts.  The time is that of the best run, the list
**     that of one more.  count: -1 when it was not asked for.  A query that
**     takes FTS5 more than SECONDS is stopped: its count is `stopped`.
**
** TOP_n is the best n, COUNT the number of hits, TOP_n_COUNT both: count(*)
** OVER () beside the best, of FTS5 two statements.  A document is the number
** of its line, from 0.
*/
#define _POSIX_C_SOURCE 200809L
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#ifdef BENCH_SQLITE
  #include <sqlite3.h>
  typedef sqlite3 BenchDb;
  typedef sqlite3_stmt BenchStmt;
  #define DB(name) sqlite3_##name
  #define BENCH_ROW SQLITE_ROW
  #define BENCH_DONE SQLITE_DONE
  #define BENCH_STOPPED SQLITE_INTERRUPT
  #define BENCH_TEXT(stmt, text) \
    sqlite3_bind_text(stmt, 1, text, -1, SQLITE_STATIC)
  #define BENCH_TOP "SELECT rowid, -rank FROM docs WHERE docs MATCH ?1" \
    " ORDER BY rank LIMIT ?2"
  #define BENCH_COUNT "SELECT count(*) FROM docs WHERE docs MATCH ?1"
#else
  #include "seine.h"
  typedef seine BenchDb;
  typedef seine_stmt BenchStmt;
  #define DB(name) seine_##name
  #define BENCH_ROW SEINE_ROW
  #define BENCH_DONE SEINE_DONE
  #define BENCH_STOPPED SEINE_INTERRUPT
  #define BENCH_TEXT(stmt, text) seine_bind_text(stmt, 1, text, -1)
  #define BENCH_TOP "SELECT id, score() FROM docs WHERE text MATCH ?1" \
    " ORDER BY score() DESC LIMIT ?2"
  #define BENCH_COUNT "SELECT count(*) FROM docs WHERE text MATCH ?1"
  #define BENCH_BOTH "SELECT id, score(), count(*) OVER () FROM docs" \
    " WHERE text MATCH ?1 ORDER BY score() DESC LIMIT ?2"
#endif

typedef struct BenchQuery {
  const char *text;
  char *match;         /* text as the engine spells it */
  int top;             /* 0: no list */
  int count;           /* whether the number of hits is asked for */
  int64_t hits;        /* -1: not asked for */
  int stopped;
} BenchQuery;

typedef struct Bench {
  BenchDb *db;
  BenchStmt *top, *count, *both;
  uint64_t limit;      /* ns for a run; 0: none */
  uint64_t until;      /* of this run */
  long long segment, texts;   /* bytes; 0 of FTS5 */
} Bench;

static void benchStop(const char *what, const char *why) {
  fprintf(stderr, "bench_search: %s: %s\n", what, why);
  exit(1);
}

static uint64_t benchNow(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void benchRc(const Bench *b, int rc, const char *what) {
  if (rc && rc != BENCH_DONE && rc != BENCH_ROW)
    benchStop(what, DB(errmsg)(b->db));
}

/* ---- index -------------------------------------------------------------- */

static void benchExec(Bench *b, const char *sql) {
  benchRc(b, DB(exec)(b->db, sql, NULL, NULL, NULL), sql);
}

static void benchPrepare(Bench *b, const char *sql, BenchStmt **out) {
  benchRc(b, DB(prepare_v2)(b->db, sql, -1, out, NULL), sql);
}

#ifdef BENCH_SQLITE

static long long benchLoad(Bench *b, FILE *f) {
  BenchStmt *row;
  char *line = NULL;
  size_t cap = 0;
  long long n = 0;
  benchExec(b, "CREATE VIRTUAL TABLE docs USING fts5(text, content='',"
      " tokenize='ascii'); BEGIN");
  benchPrepare(b, "INSERT INTO docs(rowid, text) VALUES("
      "json_extract(?1, '$.id'), json_extract(?1, '$.text'))", &row);
  for (; getline(&line, &cap, f) > 0; n++) {
    benchRc(b, BENCH_TEXT(row, line), "bind");
    benchRc(b, sqlite3_step(row), "INSERT");
    sqlite3_reset(row);
  }
  free(line);
  sqlite3_finalize(row);
  benchExec(b, "COMMIT; INSERT INTO docs(docs) VALUES('optimize'); VACUUM");
  return n;
}

#else

static void benchSegment(Bench *b) {
  BenchStmt *stmt;
  benchPrepare(b, "PRAGMA segments", &stmt);
  while (DB(step)(stmt) == BENCH_ROW) {
    b->segment += (long long)DB(column_int64)(stmt, 4);
    b->texts += (long long)DB(column_int64)(stmt, 9);
  }
  DB(finalize)(stmt);
}

static long long benchLoad(Bench *b, FILE *f) {
  static char piece[1 << 20];
  seine_import *load = NULL;
  seine_import_stats stats;
  const char *pairs = getenv("BENCH_PAIRS");
  char sql[64];
  size_t n;
  snprintf(sql, sizeof sql, "PRAGMA word_pairs = %d",
      pairs ? (int)strtol(pairs, NULL, 10) : 0);
  benchExec(b, sql);
  benchExec(b, "CREATE TABLE docs(id INTEGER, text TEXT)");
  benchRc(b, seine_import_begin(b->db, "docs", SEINE_IMPORT_NDJSON, &load),
      "import");
  while ((n = fread(piece, 1, sizeof piece, f)) > 0)
    benchRc(b, seine_import_feed(load, piece, n), "import");
  benchRc(b, seine_import_end(load, 1, &stats), "import");
  benchExec(b, "OPTIMIZE docs");
  benchSegment(b);
  return stats.rows;
}

#endif

static void benchIndex(Bench *b, const char *corpus, const char *path) {
  FILE *f = fopen(corpus, "rb");
  struct stat st;
  uint64_t from = benchNow();
  long long n;
  if (!f) benchStop(corpus, "cannot be opened");
  n = benchLoad(b, f);
  fclose(f);
  DB(close)(b->db);
  b->db = NULL;
  if (stat(path, &st)) benchStop(path, "is not there");
  printf("documents %lld  seconds %.3f  bytes %lld", n,
      (double)(benchNow() - from) / 1e9, (long long)st.st_size);
  if (b->segment)
    printf("  segment %lld  texts %lld", b->segment, b->texts);
  putchar('\n');
}

/* ---- queries ------------------------------------------------------------ */

#ifdef BENCH_SQLITE

/* The parts of text with the sign minus, or those without it; of these, when
** one is marked with +, only the marked ones. */
static void benchParts(const char *text, int minus, FILE *to) {
  const char *must = strchr(text, '+');
  const char *sep = minus ? " NOT " : must ? " AND " : " OR ";
  int some = minus;
  while (*text) {
    char sign = *text == '+' || *text == '-' ? *text++ : 0;
    int quoted = *text == '"';
    int n = (int)strcspn(text + quoted, quoted ? "\"" : " ");
    int star = !quoted && n > 1 && text[n - 1] == '*';
    if ((sign == '-') == minus && (minus || !must || sign == '+')) {
      fprintf(to, "%s\"%.*s\"%s", some ? sep : "", n - star, text + quoted,
          star ? "*" : "");
      some = 1;
    }
    text += n + quoted;
    if (*text == '"') text++;
    text += strspn(text, " ");
  }
}

/* FTS5 reads `a b` as a AND b and knows no signs.  Words beside + only weigh,
** which it cannot say: such a query keeps its count, not its scores. */
static char *benchMatch(const char *text) {
  char *out = NULL;
  size_t size;
  FILE *to = open_memstream(&out, &size);
  if (!to) benchStop("memory", "there is none left");
  fputc('(', to);
  benchParts(text, 0, to);
  fputc(')', to);
  benchParts(text, 1, to);
  fclose(to);
  return out;
}

#else

static char *benchMatch(const char *text) {
  char *out = strdup(text);
  if (!out) benchStop("memory", "there is none left");
  return out;
}

#endif

/* ---- a run -------------------------------------------------------------- */

#ifdef BENCH_SQLITE

static int benchLate(void *arg) {
  const Bench *b = arg;
  return benchNow() > b->until;
}

static void benchLimit(Bench *b) {
  if (b->limit) sqlite3_progress_handler(b->db, 10000, benchLate, b);
}

#else

static void benchLimit(Bench *b) {
  if (b->limit) benchStop("SECONDS", "is for FTS5");
}

#endif

/* 1: a row. */
static int benchStep(Bench *b, BenchStmt *stmt, BenchQuery *q) {
  int rc = DB(step)(stmt);
  if (rc == BENCH_STOPPED && b->limit) q->stopped = 1;
  else benchRc(b, rc, q->text);
  return rc == BENCH_ROW;
}

static void benchTop(Bench *b, BenchStmt *stmt, BenchQuery *q, FILE *to) {
  const char *blank = "";
  benchRc(b, BENCH_TEXT(stmt, q->match), q->text);
  benchRc(b, DB(bind_int64)(stmt, 2, q->top), q->text);
  if (stmt == b->both) q->hits = 0;
  while (benchStep(b, stmt, q)) {
    long long doc = (long long)DB(column_int64)(stmt, 0);
    double score = DB(column_double)(stmt, 1);
    if (stmt == b->both) q->hits = DB(column_int64)(stmt, 2);
    if (!to) continue;
    fprintf(to, "%s%lld:%.9g", blank, doc, score);
    blank = " ";
  }
  DB(reset)(stmt);
}

static void benchCount(Bench *b, BenchQuery *q) {
  benchRc(b, BENCH_TEXT(b->count, q->match), q->text);
  if (benchStep(b, b->count, q)) q->hits = DB(column_int64)(b->count, 0);
  DB(reset)(b->count);
}

static uint64_t benchRun(Bench *b, BenchQuery *q) {
  uint64_t from = benchNow();
  b->until = from + b->limit;
  if (q->count && q->top && b->both) {
    benchTop(b, b->both, q, NULL);
  } else {
    if (q->count) benchCount(b, q);
    if (q->top && !q->stopped) benchTop(b, b->top, q, NULL);
  }
  return benchNow() - from;
}

/* ---- search ------------------------------------------------------------- */

static void benchAnswer(Bench *b, int runs, const char *command,
    const char *text) {
  BenchQuery q = {text, benchMatch(text), 0, 0, -1, 0};
  uint64_t best = UINT64_MAX;
  if (!strncmp(command, "TOP_", 4)) q.top = atoi(command + 4);
  q.count = strstr(command, "COUNT") != NULL;
  for (int k = 0; k < runs && !q.stopped; k++) {
    uint64_t took = benchRun(b, &q);
    if (took < best) best = took;
  }
  printf("%llu\t", (unsigned long long)best);
  if (q.stopped) printf("stopped\t");
  else printf("%lld\t", (long long)q.hits);
  b->until = UINT64_MAX;
  if (q.top && !q.stopped) benchTop(b, b->top, &q, stdout);
  putchar('\n');
  if (fflush(stdout)) benchStop("output", "cannot be written");
  free(q.match);
}

/* One transaction, as the other engines have one reader for all queries. */
static void benchSearch(Bench *b) {
  char *line = NULL, *command, *text;
  size_t cap = 0;
  benchExec(b, "BEGIN");
  benchPrepare(b, BENCH_TOP, &b->top);
  benchPrepare(b, BENCH_COUNT, &b->count);
#ifdef BENCH_BOTH
  benchPrepare(b, BENCH_BOTH, &b->both);
#endif
  benchLimit(b);
  while (getline(&line, &cap, stdin) > 0) {
    line[strcspn(line, "\n")] = 0;
    command = strchr(line, '\t');
    text = command ? strchr(command + 1, '\t') : NULL;
    if (!text || atoi(line) < 1)
      benchStop(line, "is not RUNS, COMMAND and query with tabs between");
    *text = 0;
    benchAnswer(b, atoi(line), command + 1, text + 1);
  }
  free(line);
  DB(finalize)(b->top);
  DB(finalize)(b->count);
  DB(finalize)(b->both);
}

int main(int argc, char **argv) {
  Bench b = {0};
  int index = argc == 4 && !strcmp(argv[1], "index");
  int search = (argc == 3 || argc == 4) && !strcmp(argv[1], "search");
  if (!index && !search) {
    fprintf(stderr, "usage: bench_search index CORPUS DB\n"
        "       bench_search search DB [SECONDS]\n");
    return 2;
  }
  if (index) remove(argv[3]);
  if (DB(open)(index ? argv[3] : argv[2], &b.db))
    benchStop("open", b.db ? DB(errmsg)(b.db) : "no memory");
  if (index) {
    benchIndex(&b, argv[2], argv[3]);
  } else {
    b.limit = argc == 4 ? (uint64_t)(atof(argv[3]) * 1e9) : 0;
    benchSearch(&b);
  }
  if (b.db) DB(close)(b.db);
  return 0;
}
