/*
** slt: runs files in the format of sqllogictest against the library.
**
**   slt [options] FILE|FOLDER ...
**     -as NAME,...    what skipif and onlyif call us    (seine,sqlite)
**     -init SQL       run on every connection that opens
**     -j N            files at a time                   (1)
**     -known FILE     records that may fail, a line each: FILE:FROM-TO REASON,
**                     or "MESSAGE" REASON for an error that begins with it,
**                     or "TEXT" as "OTHER" REASON for a query whose answer is
**                     right when it says OTHER in the place of each TEXT;
**                     those that do are counted as left out, for the reason
**     -ms N           what a statement may take         (10000)
**     -reasons N      groups of failures that are shown (40)
**     -v              every failure, with both answers
**
** Every file has a process of its own, so that a crash is the failure of one
** record, and databases of its own, in memory.  Exit 1: something failed.
**
** Records, parted by blank lines; # begins a comment line:
**
**   statement ok|error|maybe [connection]    SQL, then perhaps ---- and a
**   statement count N                        part of the error's message
**   query TYPES [nosort|rowsort|valuesort | connection] [label]
**       SQL, ----, the answer: see answer.c.  Answers of one label are equal.
**   skipif NAME, onlyif NAME     of the next record; VARIABLE=VALUE in loops
**   loop VAR FROM TO, foreach VAR VALUE ...      ... endloop; ${VAR} in lines
**   load [FILE], restart, reconnect   databases by name; the same one again
**   require NAME                 ends the file when we have no such thing
**   mode skip, mode unskip, halt
**   hash-threshold and other modes say how answers are written: no need
*/
#define _GNU_SOURCE
#include <dirent.h>
#include <regex.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "slt.h"

enum { RUN_WORDS = 4000, RUN_VARS = 8, RUN_CONNS = 16, RUN_LABELS = 1024 };

static struct {
  const char *as, *init, *known;
  int jobs, ms, reasons, verbose;
} opt = {"seine,sqlite", 0, 0, 1, 10000, 40, 0};

typedef struct Conn {
  Text name;
  seine *db;
} Conn;

typedef struct Var {
  Span name, value;
} Var;

typedef struct Label {
  struct Label *next;
  char hex[33], name[];
} Label;

/* A CREATE that failed: what its absence breaks is put down to it. */
typedef struct Lost {
  struct Lost *next;
  char *sql, *reason;
} Lost;

typedef struct Run {
  const char *path;
  Tally *tally;
  Span *lines;
  size_t nlines, line_cap;
  Span words[RUN_WORDS]; /* of the line under way */
  int nwords;
  Var vars[RUN_VARS];
  int nvars;
  Text *pool; /* lines with variables filled in, of one record */
  size_t pool_n, pool_cap;
  Text sql;
  Span *want; /* the lines behind ---- */
  size_t nwant, want_cap;
  int has_want;
  Conn conns[RUN_CONNS];
  int nconns;
  Text file; /* the database that is open */
  Answer answer;
  Label *labels[RUN_LABELS];
  Lost *lost;
  char damage[300]; /* why the first write that failed did so */
  SortMode sort;    /* where a query names none */
  int skip_mode, halted;
} Run;

/* ---- words and lines ---------------------------------------------------- */

static int spanIs(Span s, const char *word) {
  return strlen(word) == s.n && !memcmp(s.p, word, s.n);
}

static int spanSame(Span a, Span b) {
  return a.n == b.n && !memcmp(a.p, b.p, a.n);
}

static long spanInt(Span s) {
  char t[32];
  snprintf(t, sizeof t, "%.*s", (int)s.n, s.p);
  return strtol(t, 0, 10);
}

static Span runVar(Run *r, const char *p, size_t n) {
  int i;
  for (i = r->nvars - 1; i >= 0; i--)
    if (spanSame(r->vars[i].name, (Span){p, n})) return r->vars[i].value;
  return (Span){0, 0};
}

/* Line i with ${var} and {var} filled in; good until the record ends. */
static Span runLine(Run *r, size_t i) {
  Span line = r->lines[i];
  const char *p, *end = line.p + line.n;
  size_t had;
  Text *t;
  if (!r->nvars || !memchr(line.p, '{', line.n)) return line;
  had = r->pool_cap;
  r->pool = grown(r->pool, r->pool_n + 1, &r->pool_cap, sizeof *r->pool);
  memset(r->pool + had, 0, (r->pool_cap - had) * sizeof *r->pool);
  t = &r->pool[r->pool_n++];
  textClear(t);
  for (p = line.p; p < end; p++) {
    const char *open = *p == '$' && p + 1 < end ? p + 1 : p;
    const char *shut =
        *open == '{' ? memchr(open, '}', (size_t)(end - open)) : 0;
    Span v = {0, 0};
    if (shut) v = runVar(r, open + 1, (size_t)(shut - open - 1));
    if (v.p) {
      textAdd(t, v.p, v.n);
      p = shut;
    } else {
      textAdd(t, p, 1);
    }
  }
  return (Span){t->p ? t->p : "", t->n};
}

static int runSplit(Run *r, Span line) {
  const char *p = line.p, *end = line.p + line.n;
  r->nwords = 0;
  while (p < end && r->nwords < RUN_WORDS) {
    const char *from;
    while (p < end && (*p == ' ' || *p == '\t')) p++;
    from = p;
    while (p < end && *p != ' ' && *p != '\t') p++;
    if (p > from) r->words[r->nwords++] = (Span){from, (size_t)(p - from)};
  }
  return r->nwords;
}

static Span runWord(const Run *r, int i) {
  return i < r->nwords ? r->words[i] : (Span){"", 0};
}

static int runIs(const Run *r, int i, const char *word) {
  return spanIs(runWord(r, i), word);
}

/* ---- records that may fail ---------------------------------------------- */

/* Lines from .. to of files whose path ends with file; or what the reason of
** a failure begins with, then to is 0; or, when instead is told, a text of a
** query in whose place it may stand. */
typedef struct Known {
  char file[200], instead[100], reason[200];
  int from, to;
} Known;

static Known *knowns;
static size_t nknowns, known_cap;

static int knownLine(const char *line, Known *k) {
  if (sscanf(line, "\"%199[^\"]\" as \"%99[^\"]\" %199[^\n]", k->file,
      k->instead, k->reason) == 3)
    return 1;
  *k->instead = 0;
  return sscanf(line, "\"%199[^\"]\" %199[^\n]", k->file, k->reason) == 2 ||
      sscanf(line, "%199[^: ]:%d-%d %199[^\n]", k->file, &k->from, &k->to,
          k->reason) == 4;
}

static void knownRead(const char *path) {
  char line[600];
  FILE *f = fopen(path, "r");
  if (!f) {
    perror(path);
    exit(2);
  }
  while (fgets(line, sizeof line, f)) {
    Known k = {0};
    if (*line == '#' || *line == '\n') continue;
    if (!knownLine(line, &k)) {
      fprintf(stderr, "%s: not FILE:FROM-TO REASON: %s", path, line);
      exit(2);
    }
    knowns = grown(knowns, nknowns + 1, &known_cap, sizeof *knowns);
    knowns[nknowns++] = k;
  }
  fclose(f);
}

/* Why the record at that line may fail with that message, or NULL. */
static const char *knownReason(const char *path, int line,
    const char *message) {
  size_t i, n = strlen(path), k;
  for (i = 0; i < nknowns; i++) {
    k = strlen(knowns[i].file);
    if (*knowns[i].instead) continue;
    if (!knowns[i].to && !strncmp(message, knowns[i].file, k))
      return knowns[i].reason;
    if (line < knowns[i].from || line > knowns[i].to || k > n) continue;
    if (!strcmp(path + n - k, knowns[i].file) &&
        (k == n || path[n - k - 1] == '/'))
      return knowns[i].reason;
  }
  return 0;
}

/* ---- what is told ------------------------------------------------------- */

static void runFail(Run *r, const char *reason, const char *detail) {
  char where[500];
  const char *known = knownReason(r->path, r->tally->line, reason);
  snprintf(where, sizeof where, "%s:%d: %.300s", r->path, r->tally->line,
      r->sql.n ? r->sql.p : "");
  if (known) {
    r->tally->skipped++;
    tallyNote(0, known, 1, where);
    return;
  }
  r->tally->failed++;
  tallyNote(1, reason, 1, where);
  if (!opt.verbose) return;
  fprintf(stdout, "%s:%d: %s\n%s\n%s\n", r->path, r->tally->line, reason,
      r->sql.n ? r->sql.p : "", detail);
}

static void runSkip(Run *r, const char *reason, long n) {
  char where[500];
  if (!n) return;
  snprintf(where, sizeof where, "%s:%d", r->path, r->tally->line);
  r->tally->skipped += n;
  tallyNote(0, reason, n, where);
}

/* Leaves out what stands behind line i. */
static void runHalt(Run *r, size_t i, const char *reason) {
  long n = 0;
  r->halted = 1;
  for (i++; i < r->nlines; i++) {
    if (!runSplit(r, r->lines[i])) continue;
    n += runIs(r, 0, "query") || runIs(r, 0, "statement");
  }
  runSkip(r, reason, n);
}

static int runStarts(const char *sql, const char *word) {
  while (*sql == ' ' || *sql == '\n') sql++;
  return !strncasecmp(sql, word, strlen(word));
}

/* Remembers a write that failed, to explain what comes of it. */
static void runLost(Run *r, const char *reason) {
  static const char *const writes[] = {"CREATE", "INSERT", "UPDATE", "DELETE",
      "REPLACE", "ALTER", "DROP", "BEGIN", "ROLLBACK", "TRUNCATE"};
  const char *sql = r->sql.p;
  size_t i;
  int is_write = 0;
  Lost *l;
  for (i = 0; i < sizeof writes / sizeof *writes; i++)
    is_write |= runStarts(sql, writes[i]);
  if (!is_write || strcasestr(sql, " INDEX ")) return;
  if (!*r->damage) snprintf(r->damage, sizeof r->damage, "%s", reason);
  if (!runStarts(sql, "CREATE")) return;
  l = calloc(1, sizeof *l);
  if (!l) exit(2);
  l->sql = strdup(sql);
  l->reason = strdup(reason);
  l->next = r->lost;
  r->lost = l;
}

static void runError(Run *r, seine *db, int is_statement) {
  const char *message = seine_errmsg(db), *name = strstr(message, ": ");
  char reason[300], why[200];
  size_t n;
  Lost *l;
  tallyReason(message, why, sizeof why);
  snprintf(reason, sizeof reason, "%s", why);
  if (name && !strncmp(message, "no such table", 13)) {
    name += 2;
    n = strcspn(name, " ,(");
    for (l = r->lost; l; l = l->next) {
      const char *at = strcasestr(l->sql, " ");
      for (; at; at = strchr(at + 1, ' '))
        if (!strncasecmp(at + 1, name, n)) break;
      if (at) break;
    }
    if (l) snprintf(reason, sizeof reason, "no such table, after: %s",
        l->reason);
  }
  if (is_statement) runLost(r, strncmp(reason, "no such table, after: ", 22)
      ? reason : reason + 22);
  runFail(r, reason, message);
}

/* ---- connections -------------------------------------------------------- */

static void runClose(Run *r) {
  while (r->nconns) {
    Conn *c = &r->conns[--r->nconns];
    seine_close(c->db);
    free(c->name.p);
    *c = (Conn){0};
  }
}

/* The connection of that name; NULL and a failure told when it cannot be. */
static seine *runConn(Run *r, Span name) {
  char sql[100];
  Conn *c;
  int i;
  for (i = 0; i < r->nconns; i++)
    if (spanSame((Span){r->conns[i].name.p, r->conns[i].name.n}, name))
      return r->conns[i].db;
  if (r->nconns == RUN_CONNS) {
    runFail(r, "too many connections", "");
    return 0;
  }
  c = &r->conns[r->nconns++];
  textAdd(&c->name, name.p, name.n);
  snprintf(sql, sizeof sql, "PRAGMA timeout = %d", opt.ms);
  if (seine_open_v2(r->file.p, &c->db,
          SEINE_OPEN_READWRITE | SEINE_OPEN_CREATE, "memory") ||
      seine_exec(c->db, sql, 0, 0, 0) ||
      (opt.init && seine_exec(c->db, opt.init, 0, 0, 0))) {
    runError(r, c->db, 0);
    return 0;
  }
  return c->db;
}

/* ---- records ------------------------------------------------------------ */

/* Takes the lines of the record at i apart; gives the line behind it. */
static size_t runRead(Run *r, size_t i, size_t to) {
  textClear(&r->sql);
  r->nwant = 0;
  r->has_want = 0;
  for (i++; i < to && r->lines[i].n; i++) {
    Span line = runLine(r, i);
    if (!r->has_want && spanIs(line, "----")) {
      r->has_want = 1;
    } else if (r->has_want) {
      r->want = grown(r->want, r->nwant + 1, &r->want_cap, sizeof *r->want);
      r->want[r->nwant++] = line;
    } else {
      if (r->sql.n) textAdd(&r->sql, "\n", 1);
      textAdd(&r->sql, line.p, line.n);
    }
  }
  if (!r->sql.n) textAdd(&r->sql, "", 0);
  return i;
}

/* Runs the SQL of the record up to its last statement, which is given back,
** NULL when there is none. */
static int runPrepare(Run *r, seine *db, seine_stmt **last) {
  const char *sql = r->sql.p;
  int rc;
  *last = 0;
  for (;;) {
    rc = seine_prepare_v2(db, sql, -1, last, &sql);
    if (rc || !*last) return rc;
    if (!sql[strspn(sql, " \t\n;")]) return 0;
    while ((rc = seine_step(*last)) == SEINE_ROW) {}
    seine_finalize(*last);
    *last = 0;
    if (rc != SEINE_DONE) return rc;
  }
}

/* Did the message of the error have to say something? */
static int runSaid(const Run *r, const char *message) {
  Text want = {0};
  regex_t re;
  size_t i;
  int said;
  for (i = 0; i < r->nwant; i++) {
    if (i) textAddStr(&want, "\n");
    textAdd(&want, r->want[i].p, r->want[i].n);
  }
  if (!want.n) return 1;
  if (!strncmp(want.p, "<REGEX>:", 8)) {
    said = !regcomp(&re, want.p + 8, REG_EXTENDED | REG_NOSUB);
    if (said) {
      said = !regexec(&re, message, 0, 0, 0);
      regfree(&re);
    }
  } else {
    said = !!strstr(message, want.p);
  }
  free(want.p);
  return said;
}

static void runStatement(Run *r, seine *db) {
  int wants_error = runIs(r, 1, "error"), rc;
  long count = runIs(r, 1, "count") ? spanInt(runWord(r, 2)) : -1;
  char got[100];
  seine_stmt *q;
  rc = runPrepare(r, db, &q);
  if (!rc && q) {
    while ((rc = seine_step(q)) == SEINE_ROW) {}
    if (rc == SEINE_DONE) rc = 0;
  }
  if (!rc && wants_error) {
    runFail(r, "no error where one belongs", "");
  } else if (rc && wants_error && (rc == SEINE_NOMEM ||
      rc == SEINE_CORRUPT || rc == SEINE_IOERR || rc == SEINE_MISUSE)) {
    runError(r, db, 1);
  } else if (rc && wants_error && !runSaid(r, seine_errmsg(db))) {
    runFail(r, "another message of an error", seine_errmsg(db));
  } else if (rc && !wants_error && !runIs(r, 1, "maybe")) {
    runError(r, db, 1);
  } else if (count >= 0 && count != seine_changes64(db)) {
    snprintf(got, sizeof got, "%lld", (long long)seine_changes64(db));
    runFail(r, "another number of rows changed", got);
  } else {
    r->tally->passed++;
  }
  seine_finalize(q);
}

/* Was the answer the same when the label stood here before? */
static int runLabel(Run *r, Span name) {
  unsigned h = 0;
  char hex[33];
  size_t i;
  Label *l;
  answerHash(&r->answer, hex);
  for (i = 0; i < name.n; i++) h = h * 31 + (unsigned char)name.p[i];
  h %= RUN_LABELS;
  for (l = r->labels[h]; l; l = l->next)
    if (spanIs(name, l->name)) return !strcmp(l->hex, hex);
  l = malloc(sizeof *l + name.n + 1);
  if (!l) exit(2);
  memcpy(l->name, name.p, name.n);
  l->name[name.n] = 0;
  memcpy(l->hex, hex, sizeof hex);
  l->next = r->labels[h];
  r->labels[h] = l;
  return 1;
}

static void runOther(Run *r, const char *what) {
  char reason[400];
  Text detail = {0};
  size_t i;
  snprintf(reason, sizeof reason, "%s%s%s", what,
      *r->damage ? ", after: " : "", r->damage);
  if (opt.verbose) {
    textAddStr(&detail, "-- wanted\n");
    for (i = 0; i < r->nwant && i < 40; i++) {
      textAdd(&detail, r->want[i].p, r->want[i].n);
      textAddStr(&detail, "\n");
    }
    textAddStr(&detail, "-- got\n");
    answerShow(&r->answer, &detail, 40);
  }
  runFail(r, reason, detail.n ? detail.p : "");
  free(detail.p);
}

/* A word that names a mode of sorting, or not. */
static int runSortMode(Span s, SortMode *mode) {
  if (spanIs(s, "nosort")) *mode = SORT_NONE;
  else if (spanIs(s, "rowsort") || spanIs(s, "sort")) *mode = SORT_ROWS;
  else if (spanIs(s, "valuesort")) *mode = SORT_VALUES;
  else return 0;
  return 1;
}

/* The reason of a text that makes the answer right in the place of another,
** or NULL. */
static const char *runInstead(Run *r, seine *db, const char *types,
    SortMode mode) {
  const char *reason = 0;
  Answer answer = {0};
  Text sql = {0};
  size_t i;
  for (i = 0; i < nknowns && !reason; i++) {
    const Known *k = &knowns[i];
    const char *p = r->sql.p, *at = strstr(p, k->file);
    seine_stmt *q = 0;
    if (!*k->instead || !at) continue;
    textClear(&sql);
    for (; at; at = strstr(p, k->file)) {
      textAdd(&sql, p, (size_t)(at - p));
      textAddStr(&sql, k->instead);
      p = at + strlen(k->file);
    }
    textAddStr(&sql, p);
    if (!seine_prepare_v2(db, sql.p, -1, &q, 0) && q &&
        seine_stmt_readonly(q) &&
        answerRead(&answer, q, types) == SEINE_DONE) {
      answerSort(&answer, mode);
      if (answerEqual(&answer, r->want, r->nwant)) reason = k->reason;
    }
    seine_finalize(q);
  }
  answerFree(&answer);
  free(sql.p);
  return reason;
}

static void runQuery(Run *r, seine *db) {
  char types[RUN_WORDS];
  SortMode mode = r->sort;
  Span label = runWord(r, 3);
  const char *reason = 0;
  int rc, same = 1;
  seine_stmt *q;
  runSortMode(runWord(r, 2), &mode);
  snprintf(types, sizeof types, "%.*s", (int)runWord(r, 1).n,
      runWord(r, 1).p);
  rc = runPrepare(r, db, &q);
  if (!rc && q && (size_t)seine_column_count(q) != strlen(types)) {
    answerRead(&r->answer, q, 0);
    runOther(r, "another number of columns");
    seine_finalize(q);
    return;
  }
  if (!rc && q) rc = answerRead(&r->answer, q, types);
  if (rc && rc != SEINE_DONE) {
    runError(r, db, 0);
  } else {
    answerSort(&r->answer, mode);
    if (r->has_want) same = answerEqual(&r->answer, r->want, r->nwant);
    if (same && label.n) same = runLabel(r, label);
    if (!same && r->has_want && q && seine_stmt_readonly(q) &&
        answerRead(&r->answer, q, 0) == SEINE_DONE) {
      answerSort(&r->answer, mode);
      same = answerAlike(&r->answer, r->want, r->nwant, mode);
    }
    if (!same && r->has_want) reason = runInstead(r, db, types, mode);
    if (same) r->tally->passed++;
    else if (reason) runSkip(r, reason, 1);
    else runOther(r, "another answer");
  }
  seine_finalize(q);
}

static size_t runRecord(Run *r, size_t i, size_t to, int skip) {
  size_t end = runRead(r, i, to);
  int is_query = runIs(r, 0, "query") && !runIs(r, 1, "error");
  SortMode unused;
  Span name = runWord(r, 2);
  seine *db;
  if (skip || r->skip_mode) {
    runSkip(r, skip ? "skipif, onlyif" : "mode skip", 1);
    return end;
  }
  if (is_query && runSortMode(name, &unused)) name = (Span){"", 0};
  else if (runIs(r, 1, "count")) name = runWord(r, 3);
  alarm((unsigned)(opt.ms / 1000 * 2 + 10));
  db = runConn(r, name);
  if (db && is_query) runQuery(r, db);
  else if (db) runStatement(r, db);
  return end;
}

/* ---- what is around records --------------------------------------------- */

static void runLines(Run *r, size_t from, size_t to);

/* Types that a foreach may ask for by one word. */
static const char *runTypes(Span word) {
  if (spanIs(word, "<integral>") || spanIs(word, "<signed>"))
    return "tinyint smallint integer bigint";
  if (spanIs(word, "<numeric>"))
    return "tinyint smallint integer bigint float double";
  return 0;
}

static void runTurn(Run *r, Span value, size_t from, size_t to) {
  r->vars[r->nvars - 1].value = value;
  if (!r->halted) runLines(r, from, to);
}

/* The loop whose words are in r and whose body begins behind line i. */
static size_t runLoop(Run *r, size_t i, size_t to, int skip) {
  Span *words = malloc((size_t)r->nwords * sizeof *words);
  int n = r->nwords, depth = 1, k;
  int counts = runIs(r, 0, "loop") || runIs(r, 0, "concurrentloop");
  size_t end;
  char s[32];
  if (!words) exit(2);
  memcpy(words, r->words, (size_t)n * sizeof *words);
  for (end = i + 1; end < to; end++) {
    if (!runSplit(r, r->lines[end])) continue;
    depth += runIs(r, 0, "loop") || runIs(r, 0, "foreach") ||
        runIs(r, 0, "concurrentloop") || runIs(r, 0, "concurrentforeach");
    depth -= runIs(r, 0, "endloop");
    if (!depth) break;
  }
  if (n < 3 || r->nvars == RUN_VARS || end == to || (counts && n < 4)) {
    textClear(&r->sql);
    runFail(r, "a loop without end, variable or values", "");
  } else if (!skip) {
    r->vars[r->nvars++] = (Var){words[1], {0, 0}};
    for (k = 2; !counts && k < n; k++) {
      const char *list = runTypes(words[k]);
      if (!list) runTurn(r, words[k], i + 1, end);
      while (list && *list) {
        size_t len = strcspn(list, " ");
        runTurn(r, (Span){list, len}, i + 1, end);
        list += len + (list[len] == ' ');
      }
    }
    if (counts) {
      long v, last = spanInt(words[3]);
      for (v = spanInt(words[2]); v < last && !r->halted; v++) {
        snprintf(s, sizeof s, "%ld", v);
        runTurn(r, (Span){s, strlen(s)}, i + 1, end);
      }
    }
    r->nvars--;
  }
  free(words);
  return end + 1;
}

/* Does `skipif WORD` mean us? */
static int runMeans(Run *r, Span word) {
  const char *p = opt.as, *eq = memchr(word.p, '=', word.n);
  if (eq) {
    Span v = runVar(r, word.p, (size_t)(eq - word.p));
    Span w = {eq + 1, (size_t)(word.p + word.n - eq - 1)};
    return v.p && spanSame(v, w);
  }
  while (*p) {
    size_t n = strcspn(p, ",");
    if (spanSame((Span){p, n}, word)) return 1;
    p += n + (p[n] == ',');
  }
  return 0;
}

/* What a file may require of us without our having to do a thing. */
static int runHas(Span word) {
  static const char *const names[] = {"json", "icu", "skip_reload",
      "noforcestorage", "vector_size", "nothreadsan", "notmusl", "notwindows",
      "notmingw", "noalternativeverify", "longdouble", "64bit", "block_size",
      "no_extension_autoloading", "no_latest_storage", "core_functions"};
  size_t i;
  for (i = 0; i < sizeof names / sizeof *names; i++)
    if (spanIs(word, names[i])) return 1;
  return 0;
}

static void runOpen(Run *r, Span file) {
  runClose(r);
  if (!file.n) return;
  textClear(&r->file);
  textAdd(&r->file, file.p, file.n);
}

/* A line that is not a record; false when it is nothing we know. */
static int runCommand(Run *r, size_t i) {
  char reason[200];
  Span arg = runWord(r, 1);
  if (runIs(r, 0, "halt")) {
    runHalt(r, i, "halt");
  } else if (runIs(r, 0, "require") || runIs(r, 0, "require-env")) {
    snprintf(reason, sizeof reason, "require %.*s", (int)arg.n, arg.p);
    if (!runIs(r, 0, "require") || !runHas(arg)) runHalt(r, i, reason);
  } else if (runIs(r, 0, "load")) {
    runOpen(r, arg);
  } else if (runIs(r, 0, "restart") || runIs(r, 0, "reconnect")) {
    runOpen(r, (Span){"", 0});
  } else if (runIs(r, 0, "mode")) {
    if (spanIs(arg, "skip")) r->skip_mode = 1;
    if (spanIs(arg, "unskip")) r->skip_mode = 0;
  } else if (runIs(r, 0, "control") && spanIs(arg, "sortmode")) {
    runSortMode(runWord(r, 2), &r->sort);
  } else {
    return runIs(r, 0, "hash-threshold") || runIs(r, 0, "subtest") ||
        runIs(r, 0, "sleep") || runIs(r, 0, "tags") || runIs(r, 0, "set");
  }
  return 1;
}

static void runLines(Run *r, size_t from, size_t to) {
  size_t i = from;
  int skip = 0;
  while (i < to && !r->halted) {
    r->pool_n = 0;
    if (!runSplit(r, runLine(r, i)) || *r->words[0].p == '#') {
      i++;
      continue;
    }
    r->tally->line = (int)i + 1;
    if (runIs(r, 0, "skipif") || runIs(r, 0, "onlyif")) {
      skip |= runMeans(r, runWord(r, 1)) == runIs(r, 0, "skipif");
      i++;
      continue;
    }
    if (runIs(r, 0, "statement") || runIs(r, 0, "query")) {
      i = runRecord(r, i, to, skip);
    } else if (runIs(r, 0, "loop") || runIs(r, 0, "foreach") ||
        runIs(r, 0, "concurrentloop") || runIs(r, 0, "concurrentforeach")) {
      i = runLoop(r, i, to, skip);
    } else {
      if (!skip && !runCommand(r, i)) {
        textClear(&r->sql);
        textAdd(&r->sql, r->lines[i].p, r->lines[i].n);
        runFail(r, "no record that we know", "");
        while (i < to && r->lines[i].n) i++;
      }
      i++;
    }
    skip = 0;
  }
}

/* ---- files -------------------------------------------------------------- */

static void runCut(Run *r, const char *p, size_t n) {
  const char *end = p + n;
  while (p < end) {
    const char *nl = memchr(p, '\n', (size_t)(end - p));
    size_t len = nl ? (size_t)(nl - p) : (size_t)(end - p);
    r->lines =
        grown(r->lines, r->nlines + 1, &r->line_cap, sizeof *r->lines);
    r->lines[r->nlines++] =
        (Span){p, len && p[len - 1] == '\r' ? len - 1 : len};
    p = nl ? nl + 1 : end;
  }
}

static int runFile(const char *path, const char *shown, Tally *tally) {
  static Run r;
  Text all = {0};
  char bytes[1 << 16];
  size_t n, i;
  FILE *f = fopen(path, "r");
  if (!f) {
    perror(path);
    return 2;
  }
  while ((n = fread(bytes, 1, sizeof bytes, f)) > 0) textAdd(&all, bytes, n);
  fclose(f);
  r.path = shown;
  r.tally = tally;
  textAddStr(&r.file, "slt");
  runCut(&r, all.p, all.n);
  runLines(&r, 0, r.nlines);
  runClose(&r);
  answerFree(&r.answer);
  for (i = 0; i < RUN_LABELS; i++) {
    while (r.labels[i]) {
      Label *l = r.labels[i];
      r.labels[i] = l->next;
      free(l);
    }
  }
  free(all.p);
  return 0;
}

typedef struct Job {
  char *path, *shown, *folder;
  FILE *out;
  pid_t pid;
} Job;

static Job *jobs;
static size_t njobs, job_cap;
static Tally *tallies; /* one for each job, shared with the children */

static void jobAdd(const char *path, size_t root) {
  Job *j;
  const char *p, *end;
  jobs = grown(jobs, njobs + 1, &job_cap, sizeof *jobs);
  j = &jobs[njobs++];
  *j = (Job){strdup(path), strdup(path + root), 0, 0, 0};
  /* at most two folders below the root */
  p = strchr(j->shown, '/');
  end = p ? strchr(p + 1, '/') : 0;
  j->folder = strdup(j->shown);
  if (end || p) j->folder[(end ? end : p) - j->shown] = 0;
}

static int jobName(const struct dirent *e) {
  return e->d_name[0] != '.';
}

static void jobFind(const char *path, size_t root) {
  const char *dot = strrchr(path, '.');
  struct dirent **list;
  struct stat st;
  Text t = {0};
  int n, i;
  if (stat(path, &st)) {
    perror(path);
    exit(2);
  }
  if (!S_ISDIR(st.st_mode)) {
    if (!root) {
      const char *slash = strrchr(path, '/');
      root = slash ? (size_t)(slash - path) + 1 : 0;
    } else if (!dot || (strcmp(dot, ".slt") && strcmp(dot, ".test"))) {
      return;
    }
    jobAdd(path, root);
    return;
  }
  n = scandir(path, &list, jobName, alphasort);
  for (i = 0; i < n; i++) {
    textClear(&t);
    textAddStr(&t, path);
    if (path[strlen(path) - 1] != '/') textAddStr(&t, "/");
    textAddStr(&t, list[i]->d_name);
    jobFind(t.p, root ? root : t.n - strlen(list[i]->d_name));
    free(list[i]);
  }
  if (n >= 0) free(list);
  free(t.p);
}

static void jobStart(Job *j, Tally *t) {
  j->out = tmpfile();
  fflush(stdout);
  j->pid = j->out ? fork() : -1;
  if (j->pid < 0) {
    perror("slt");
    exit(2);
  }
  if (j->pid) return;
  tallyForget();
  int rc = runFile(j->path, j->shown, t);
  tallyWrite(j->out);
  exit(rc);
}

static void jobEnd(Job *j, Tally *t, int status) {
  char where[400], why[80];
  tallyRead(j->out);
  fclose(j->out);
  if (status) {
    snprintf(where, sizeof where, "%s:%d", j->shown, t->line);
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM) {
      snprintf(why, sizeof why, "no end: killed");
    } else {
      snprintf(why, sizeof why, "crash: %s %d",
          WIFSIGNALED(status) ? "signal" : "exit code",
          WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    }
    t->failed++;
    tallyNote(1, why, 1, where);
  }
  tallyFolder(j->folder, t);
}

static void jobAll(void) {
  size_t next = 0, done = 0, i;
  int running = 0, status;
  size_t bytes = njobs * sizeof *tallies;
  tallies = mmap(0, bytes ? bytes : 1, PROT_READ | PROT_WRITE,
      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (tallies == MAP_FAILED) {
    perror("slt");
    exit(2);
  }
  while (done < njobs) {
    while (next < njobs && running < opt.jobs) {
      jobStart(&jobs[next], &tallies[next]);
      next++;
      running++;
    }
    pid_t pid = wait(&status);
    for (i = 0; i < next; i++) {
      if (jobs[i].pid != pid) continue;
      jobEnd(&jobs[i], &tallies[i], status);
      jobs[i].pid = 0;
      running--;
      done++;
    }
  }
}

static int optRead(int argc, char **argv, int i) {
  const char *name = argv[i], *value = i + 1 < argc ? argv[i + 1] : 0;
  if (!strcmp(name, "-v")) {
    opt.verbose = 1;
    return 1;
  }
  if (!value) return 0;
  if (!strcmp(name, "-as")) opt.as = value;
  else if (!strcmp(name, "-init")) opt.init = value;
  else if (!strcmp(name, "-known")) opt.known = value;
  else if (!strcmp(name, "-j")) opt.jobs = (int)strtol(value, 0, 10);
  else if (!strcmp(name, "-ms")) opt.ms = (int)strtol(value, 0, 10);
  else if (!strcmp(name, "-reasons")) opt.reasons = (int)strtol(value, 0, 10);
  else return 0;
  return 2;
}

int main(int argc, char **argv) {
  struct timespec from, to;
  int i, n;
  clock_gettime(CLOCK_MONOTONIC, &from);
  for (i = 1; i < argc && argv[i][0] == '-'; i += n) {
    n = optRead(argc, argv, i);
    if (!n) break;
  }
  if (i >= argc || argv[i][0] == '-' || opt.jobs < 1 || opt.ms < 1) {
    fprintf(stderr, "usage: slt [-as NAME,...] [-init SQL] [-j N] "
        "[-known FILE] [-ms N] [-reasons N] [-v] FILE|FOLDER ...\n");
    return 2;
  }
  if (opt.known) knownRead(opt.known);
  for (; i < argc; i++) jobFind(argv[i], 0);
  jobAll();
  clock_gettime(CLOCK_MONOTONIC, &to);
  return tallyReport((int)njobs, "files", (double)(to.tv_sec - from.tv_sec) +
      1e-9 * (double)(to.tv_nsec - from.tv_nsec), opt.reasons);
}
