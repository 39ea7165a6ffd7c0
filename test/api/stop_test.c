/*
** stop_test: what works long on one value, or on one statement, stops in the
** middle of it; what a statement holds is counted.
**   1  the reader of JSON, regular expressions, sorts, cutters of words, told to
**      stop by the word of their budget: INTERRUPT; told nothing more: the
**      answer
**   2  each function of a text of 2 MB asks at least every 128 KiB whether to
**      end, and ends when it is told so; functions of arrays by elements
**   3  an interrupt while a statement is compiled ends prepare, and not the
**      statement behind it
**   4  texts of statements, values that are bound and the stack of the parser
**      are memory of the connection, under its limit, and given back; and a
**      function that has no memory says so
*/
#include "text/text.h"
#include "../tap.h"

#define STOP_BYTES 2000000u

static seine *db;
static char stopPlain[STOP_BYTES + 1], stopWide[STOP_BYTES + 1];
static char stopText[STOP_BYTES + 1]; /* with blanks */
static char *stopArray; /* of 200,000 numbers, as JSON */

/* n bytes of a word, again and again. */
static void stopFill(char *to, const char *word) {
  size_t k = strlen(word);
  for (size_t i = 0; i + k <= STOP_BYTES; i += k) memcpy(to + i, word, k);
}

/* ---- 1 ------------------------------------------------------------------ */

/* Does it go to its end, events of all kinds? */
static int stopJson(const char *p, Budget *b) {
  Json j;
  JsonEvent e;
  snJsonInit(&j, p, strlen(p), b);
  while ((e = snJsonNext(&j)) != JSON_END && e != JSON_ERROR) {}
  int rc = j.tmp.rc ? j.tmp.rc : e == JSON_END ? SEINE_OK : SEINE_ERROR;
  snJsonClear(&j);
  return rc;
}

static void stopReaders(void) {
  static const char *const words[] = {"ab", "\\n", "\xc3\xa4"};
  volatile int stop = 0;
  Budget b = {.stop = &stop}, under = {.parent = &b};
  char *text = malloc(STOP_BYTES + 3);
  for (u32 k = 0; text && k < SN_COUNT(words); k++) {
    stopFill(text + 1, words[k]);
    text[0] = text[STOP_BYTES + 1] = '"';
    text[STOP_BYTES + 2] = 0;
    stop = 0;
    int good = stopJson(text, &under);
    stop = 1;
    int told = stopJson(text, &under);
    snprintf(tapWhy, sizeof tapWhy, "%d, told to stop %d", good, told);
    tapOk(!good && told == SEINE_INTERRUPT, "a long string of %s", words[k]);
  }
  free(text);
  stop = 0;
  int good = stopJson(stopArray, &under);
  bool valid = snJsonValid(stopArray, strlen(stopArray), &under);
  stop = 1;
  tapOk(!good && valid && stopJson(stopArray, &under) == SEINE_INTERRUPT &&
      !snJsonValid(stopArray, strlen(stopArray), &under), "a long array");
}

static void stopRegex(u32 flags, const char *pattern, bool scan) {
  volatile int stop = 0;
  Budget b = {.stop = &stop};
  char message[REGEX_MESSAGE];
  Regex *r;
  u32 at;
  int rc[3] = {0};
  bool yes[3] = {false};
  if (snRegexNew(&b, pattern, strlen(pattern), flags, &r, message, &at)) {
    tapOk(false, "%s: %s", pattern, message);
    return;
  }
  for (u32 k = 0; k < 3; k++) {
    RegexScan s;
    stop = k == 1;
    if (!scan) {
      rc[k] = snRegexMatch(r, stopPlain, STOP_BYTES, &yes[k]);
      continue;
    }
    rc[k] = snRegexScan(&s, r, stopPlain, STOP_BYTES);
    while (!rc[k] && !(rc[k] = snRegexScanNext(&s)) && s.found) yes[k] = true;
  }
  snRegexFree(r);
  snprintf(tapWhy, sizeof tapWhy, "%d, told to stop %d, then %d", rc[0],
      rc[1], rc[2]);
  tapOk(!rc[0] && rc[1] == SEINE_INTERRUPT && !rc[2] && yes[0] == yes[2],
      "%s, %s", pattern, scan ? "all matches" : "one match");
}

static int stopBelow(void *arg, u32 a, u32 b) {
  const KeyIdx *v = arg;
  return (v[a].key > v[b].key) - (v[a].key < v[b].key);
}

static void stopSorts(void) {
  enum { N = 200000 };
  volatile int stop = 0;
  KeyIdx *v = malloc(2 * N * sizeof *v);
  u32 *idx = malloc(2 * N * sizeof *idx);
  bool good = v && idx;
  for (u32 k = 0; good && k < 3; k++) {
    stop = k == 1;
    for (u32 i = 0; i < N; i++) v[i] = (KeyIdx){i * 7919ull % 1000003, i};
    for (u32 i = 0; i < N; i++) idx[i] = i;
    int want = stop ? SEINE_INTERRUPT : SEINE_OK;
    good = snSortIndexStop(idx, N, idx + N, stopBelow, v, &stop) == want &&
        snSortKeysStop(v, N, v + N, &stop) == want;
    for (u32 i = 1; good && !stop && i < N; i++)
      good = v[i - 1].key < v[i].key && idx[i] == v[i].idx;
  }
  tapOk(good, "sorts of %d keys", N);
  free(v);
  free(idx);
}

static void stopWords(const char *chain) {
  volatile int stop = 0;
  Budget b = {.stop = &stop};
  Cutter *c = NULL;
  Analyzer *a = NULL;
  Tokens t;
  u32 n[3] = {0};
  int rc[3] = {0};
  snTokensInit(&t, &b);
  bool good = !snCutterNew(&b, &c) &&
      !snAnalyzerNew(&b, chain, strlen(chain), NULL, &a);
  for (u32 k = 0; good && k < 3; k++) {
    stop = k == 1;
    snTokensClear(&t);
    rc[k] = snTextCut(c, a, stopText, STOP_BYTES, &t);
    n[k] = t.n;
  }
  snprintf(tapWhy, sizeof tapWhy, "%d of %u, %d of %u, %d of %u", rc[0], n[0],
      rc[1], n[1], rc[2], n[2]);
  tapOk(good && !rc[0] && rc[1] == SEINE_INTERRUPT && !rc[2] &&
      n[0] == n[2] && n[1] < n[0] / 2, "words of %s", chain);
  snTokensFree(&t);
  snAnalyzerFree(a);
  snCutterFree(c);
}

/* ---- 2 ------------------------------------------------------------------ */

static int stopCalls, stopAt;

/* Says at the stopAt-th question that it is to end. */
static int stopAsked(void *arg) {
  (void)arg;
  return ++stopCalls == stopAt;
}

static int stopRun(const char *expr) {
  char sql[300];
  seine_stmt *s;
  snprintf(sql, sizeof sql, "SELECT (%s) IS NOT NULL", expr);
  int rc = seine_prepare_v2(db, sql, -1, &s, NULL);
  int n = rc ? 0 : seine_bind_parameter_count(s);
  if (n > 0) rc = seine_bind_text(s, 1, stopPlain, STOP_BYTES);
  if (!rc && n > 1) rc = seine_bind_text(s, 2, stopWide, STOP_BYTES);
  if (!rc && n > 2) rc = seine_bind_text(s, 3, stopArray, -1);
  stopCalls = 0;
  seine_progress_handler(db, stopAsked, NULL);
  while (!rc) rc = seine_step(s) == SEINE_ROW ? 0 : seine_errcode(db) ?
      seine_errcode(db) : SEINE_DONE;
  seine_progress_handler(db, NULL, NULL);
  seine_finalize(s);
  return rc;
}

static void stopAsks(void) {
  static const struct { const char *expr; int least; } asks[] = {
    {"length(?1)", 16}, {"length(?2)", 16}, {"lower(?1)", 16},
    {"upper(?2)", 16}, {"fold(?2)", 16}, {"nocase(?1)", 16},
    {"initcap(?1)", 16}, {"trim(?1, '0abc')", 16}, {"substr(?2, -2)", 16},
    {"left(?2, 900000)", 16}, {"split_part(?1, 'b', -3)", 16},
    {"instr(?1, 'bb')", 16}, {"contains(?1, 'bb')", 16},
    {"replace(?1, 'a', 'xy')", 16}, {"replace(?1, 'zz', '')", 16},
    {"overlay(?1, 'x', 700000)", 16}, {"reverse(?1)", 16},
    {"reverse(?2)", 16}, {"repeat(?1, 2)", 16}, {"repeat('ab', 999999)", 16},
    {"lpad('a', 1900000, 'xy')", 16}, {"concat(?1, ?1)", 16},
    {"?1 || ?1", 16}, {"translate(?1, 'abc', 'xyz')", 16}, {"hex(?1)", 16},
    {"unhex(?1)", 16}, {"unhex(?1, '-')", 16}, {"md5(?1)", 16},
    {"sha1(?1)", 16}, {"sha256(?1)", 16}, {"crc32(?1)", 16},
    {"base64(?1)", 16}, {"unbase64(?1)", 16}, {"zeroblob(2000000)", 16},
    {"levenshtein(substr(?1, 1, 1990), substr(?2, 1, 1990))", 30},
    {"damerau_levenshtein(substr(?1, 1, 1990), substr(?2, 1, 1990))", 60},
    {"?1 LIKE '%a_d%'", 16}, {"?1 LIKE '%A%z%'", 16}, {"?1 GLOB '*bb*'", 16},
    {"?1 GLOB '*[x-z]*'", 16}, {"?1 GLOB '*z?'", 16},
    {"array_sort(CAST(?3 AS INTEGER[]))", 150},
    {"array_distinct(CAST(?3 AS INTEGER[]))", 200},
    {"array_contains(CAST(?3 AS INTEGER[]), -1)", 20},
    {"array_max(CAST(?3 AS INTEGER[]))", 20},
    {"array_to_string(CAST(?3 AS INTEGER[]), ',')", 30},
    {"CAST(CAST(?3 AS INTEGER[]) AS TEXT[])", 20},
    {"list_reduce(CAST(?3 AS INTEGER[]), (s, x) -> s + x)", 40},
  };
  for (u32 k = 0; k < SN_COUNT(asks); k++) {
    stopAt = 0;
    int rc = stopRun(asks[k].expr), calls = stopCalls;
    stopAt = calls / 2 + 1;
    int ended = stopRun(asks[k].expr);
    snprintf(tapWhy, sizeof tapWhy, "%d, asked %d times; told to end: %d, %s",
        rc, calls, ended, seine_errmsg(db));
    tapOk(rc == SEINE_DONE && calls >= asks[k].least &&
        ended == SEINE_INTERRUPT, "%s", asks[k].expr);
  }
}

/* ---- 3 ------------------------------------------------------------------ */

static int stopGuard(void *arg, int action, const char *a, const char *b,
    const char *view) {
  (void)arg, (void)action, (void)a, (void)b, (void)view;
  seine_interrupt(db);
  return SEINE_OK;
}

static void stopPrepare(void) {
  seine_stmt *s;
  (void)seine_exec(db, "CREATE TABLE t(a INTEGER)", NULL, NULL, NULL);
  (void)seine_set_authorizer(db, stopGuard, NULL);
  int rc = seine_prepare_v2(db, "SELECT a FROM t", -1, &s, NULL);
  tapOk(rc == SEINE_INTERRUPT && !s, "an interrupt ends prepare");
  seine_finalize(s);
  (void)seine_set_authorizer(db, NULL, NULL);
  rc = seine_prepare_v2(db, "SELECT a FROM t", -1, &s, NULL);
  snprintf(tapWhy, sizeof tapWhy, "%d %s", rc, seine_errmsg(db));
  tapOk(!rc && seine_step(s) == SEINE_DONE, "the next one is not ended");
  seine_interrupt(db);
  (void)seine_reset(s);
  tapOk(seine_step(s) == SEINE_DONE, "nor one that runs later");
  seine_finalize(s);
}

/* ---- 4 ------------------------------------------------------------------ */

static void stopMemory(void) {
  i64 was = seine_memory_used(db);
  seine_stmt *s = NULL, *big = NULL;
  char *sql = malloc(STOP_BYTES + 64);
  if (!sql) return;
  int rc = seine_prepare_v2(db, "SELECT length(?1)", -1, &s, NULL);
  if (!rc) rc = seine_bind_text(s, 1, stopPlain, STOP_BYTES);
  tapOk(!rc && seine_memory_used(db) - was >= STOP_BYTES,
      "a bound value is counted");
  seine_finalize(s);
  tapOk(seine_memory_used(db) == was, "and given back");
  (void)snprintf(sql, STOP_BYTES + 64, "SELECT length('%s')", stopPlain);
  rc = seine_prepare_v2(db, sql, -1, &big, NULL);
  tapOk(!rc && seine_memory_used(db) - was >= 2 * (i64)STOP_BYTES,
      "the text of a statement is counted, and its constants");
  seine_finalize(big);
  tapOk(seine_memory_used(db) == was, "and given back too");
  (void)seine_exec(db, "PRAGMA memory_limit = 1000000", NULL, NULL, NULL);
  rc = seine_prepare_v2(db, sql, -1, &big, NULL);
  tapOk(rc == SEINE_NOMEM && strstr(seine_errmsg(db), "memory"),
      "a text above the limit");
  rc = seine_prepare_v2(db, "SELECT length(?1)", -1, &s, NULL);
  int bound = rc ? rc : seine_bind_text(s, 1, stopPlain, STOP_BYTES);
  tapOk(!rc && bound == SEINE_NOMEM, "a value above the limit");
  seine_finalize(s);
  (void)seine_exec(db, "PRAGMA memory_limit = 0", NULL, NULL, NULL);
  rc = seine_exec(db, "SELECT 1", NULL, NULL, NULL);
  tapOk(!rc, "the connection goes on");
  free(sql);
}

/* Under any limit the text that is made is right, or memory is out: it is no
** NULL. */
static void stopShort(const char *expr) {
  u32 right = 0, out = 0, other = 0;
  for (i64 limit = 2000000; limit < 14000000; limit += 500000) {
    char sql[200];
    seine_stmt *s = NULL;
    snprintf(sql, sizeof sql, "PRAGMA memory_limit = %lld", (long long)limit);
    int rc = seine_exec(db, sql, NULL, NULL, NULL);
    snprintf(sql, sizeof sql, "SELECT length(%s) > 9", expr);
    if (!rc) rc = seine_prepare_v2(db, sql, -1, &s, NULL);
    if (!rc) rc = seine_bind_text(s, 1, stopArray, -1);
    if (!rc) rc = seine_step(s);
    if (rc == SEINE_ROW && seine_column_int64(s, 0) == 1) right++;
    else if (rc == SEINE_NOMEM) out++;
    else other++;
    seine_finalize(s);
    (void)seine_exec(db, "PRAGMA memory_limit = 0", NULL, NULL, NULL);
  }
  snprintf(tapWhy, sizeof tapWhy, "%u right, %u out of memory, %u neither",
      right, out, other);
  tapOk(right && out && !other, "%s, or memory is out", expr);
}

/* The stack is as deep as what is open, and small for most statements. */
static void stopParser(void) {
  char sql[10008] = "SELECT ";
  seine_stmt *s;
  i64 was = seine_memory_highwater(db);
  int rc = seine_prepare_v2(db, "SELECT 1", -1, &s, NULL);
  seine_finalize(s);
  i64 few = seine_memory_highwater(db) - was;
  memset(sql + 7, '(', 10000);
  int deep = seine_prepare_v2(db, sql, -1, &s, NULL);
  i64 many = seine_memory_highwater(db) - was;
  snprintf(tapWhy, sizeof tapWhy, "%d %lld, %d %lld", rc, (long long)few,
      deep, (long long)many);
  tapOk(!rc && few < 65536 && deep && many > 300000,
      "the stack of the parser is counted");
}

int main(void) {
  stopFill(stopPlain, "ab0c");
  stopFill(stopWide, "\xc3\xa4\xc3\x84");
  stopFill(stopText, "The foxes ");
  stopArray = malloc(200000 * 8 + 3);
  if (!stopArray) return 1;
  size_t n = 1;
  stopArray[0] = '[';
  for (u32 i = 0; i < 200000; i++)
    n += (size_t)sprintf(stopArray + n, "%s%u", i ? "," : "",
        i * 7919u % 1000003);
  strcpy(stopArray + n, "]");
  stopReaders();
  stopRegex(REGEX_FIND, "a+c$", false);
  stopRegex(REGEX_FIND | REGEX_SPAN, "b0", true);
  stopRegex(REGEX_FIND | REGEX_SPAN, "bb", true);
  stopSorts();
  stopWords("standard, lowercase");
  stopWords("english");
  if (seine_open(":memory:", &db)) return 1;
  stopParser();
  stopAsks();
  stopPrepare();
  stopMemory();
  stopShort("json_set(?1, '$[0]', 7)");
  stopShort("json_remove(?1, '$[0]', '$[1]')");
  stopShort("json(?1)");
  stopShort("json_quote(?1)");
  seine_close(db);
  free(stopArray);
  return tapEnd();
}
