/*
** Runs what was read: one list of statements, or one dot-command.  Prints
** the errors, with the line of the statement and a caret under the place:
**
**   Error: no such column: hots (did you mean: host?)
**     SELECT hots FROM logs
**            ^
*/
#include "shell/shellInt.h"
#include <ctype.h>
#include <limits.h>
#include <sys/resource.h>
#include <time.h>

#define SHELL_RUN_EXCERPT 72 /* columns of the statement to show */
#define SHELL_RUN_BEFORE 44  /* of them in front of the caret */

double shellNow(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* "Error", or "Error in t.sql near line 3". */
static void shellRunErrorHead(const Shell *p, int64_t line) {
  fflush(p->out);
  fputs("Error", stderr);
  if (line > 0 && p->source) fprintf(stderr, " in %s", p->source);
  if (line > 0) fprintf(stderr, " near line %" PRId64, line);
  fputs(": ", stderr);
}

int shellError(Shell *p, const char *fmt, ...) {
  va_list ap;
  shellRunErrorHead(p, p->line);
  va_start(ap, fmt);
  vfprintf(stderr, fmt, ap);
  va_end(ap);
  fputc('\n', stderr);
  p->errors = 1;
  return SHELL_FAIL;
}

/* The line of sql that holds byte `at`, cut to a window, and the caret. */
static void shellRunExcerpt(const char *sql, size_t n, size_t at) {
  size_t from = at, to = at, i, before, total;
  const char *z, *mark, *end;
  int cut = 0, bad = 0;
  uint32_t c;
  ShellBuf b = {0};
  while (from > 0 && sql[from - 1] != '\n') from--;
  while (to < n && sql[to] != '\n') to++;
  while (from < at && isspace((unsigned char)sql[from])) from++;
  for (i = from; i < to; i++) /* a tab would move the caret: one column each */
    shellBufPutc(&b, (unsigned char)sql[i] < 0x20 || sql[i] == 0x7f ? ' ' :
                                                                     sql[i]);
  while (b.n > at - from && b.z[b.n - 1] == ' ') b.z[--b.n] = 0;
  if (b.n == 0) goto done;
  z = b.z;
  mark = b.z + (at - from);
  end = b.z + b.n;
  before = shellTextWidth(z, (size_t)(mark - z));
  for (; before > SHELL_RUN_BEFORE && z < mark; cut = 3) {
    z += shellUtfDecode(z, mark, &c, &bad);
    before -= (size_t)shellUtfWidth(c);
  }
  for (total = before; mark < end && total < SHELL_RUN_EXCERPT;
       total += (size_t)shellUtfWidth(c))
    mark += shellUtfDecode(mark, end, &c, &bad);
  fprintf(stderr, "  %s%.*s%s\n  %*s^\n", cut ? "..." : "", (int)(mark - z), z,
      mark < end ? "..." : "", (int)before + cut, "");
done:
  shellBufFree(&b);
}

int shellSqlError(Shell *p, const char *sql, size_t n) {
  const char *hint = seine_error_hint(p->db);
  int offset = seine_error_offset(p->db);
  int64_t line = p->line;
  const char *z = p->text, *at = sql;
  if (seine_errcode(p->db) == SEINE_INTERRUPT && shell_interrupts)
    return shellError(p, "interrupted");
  if (offset > 0 && (size_t)offset <= n) at = sql + offset;
  if (line > 0 && z && at >= z) { /* sql may be no part of the text */
    const char *next = shellSkipBlank(sql, sql + n);
    if (next && next > at) at = next;
    for (; z < at; z++) line += *z == '\n';
  }
  shellRunErrorHead(p, line);
  fputs(seine_errmsg(p->db), stderr);
  if (hint && hint[0]) fprintf(stderr, " (%s)", hint);
  fputc('\n', stderr);
  if (offset >= 0 && (size_t)offset <= n)
    shellRunExcerpt(sql, n, (size_t)offset);
  p->errors = 1;
  return SHELL_FAIL;
}

int shellPrepare(Shell *p, const char *sql, seine_stmt **stmt) {
  int rc;
  *stmt = NULL;
  rc = seine_prepare_v2(p->db, sql, -1, stmt, NULL);
  if (rc == SEINE_OK && *stmt) return SHELL_OK;
  seine_finalize(*stmt);
  *stmt = NULL;
  return shellError(p, "%s", seine_errmsg(p->db));
}

/* .explain on: the plan first.  What cannot be explained is not an error:
** the statement itself will tell. */
static void shellRunPlan(Shell *p, const char *sql, size_t n) {
  static const char *const names[] = {"addr", "opcode", "operands", "comment"};
  const char *z = shellSkipBlank(sql, sql + n);
  seine_stmt *stmt = NULL;
  ShellBuf b = {0};
  ShellGrid g = {0};
  int i, columns, mode = p->mode;
  if (!z || (sql + n - z >= 7 && shellLike("explain%", z))) return;
  shellBufPuts(&b, "EXPLAIN ");
  shellBufAdd(&b, z, (size_t)(sql + n - z));
  if (b.n > INT_MAX || seine_prepare_v2(p->db, b.z, (int)b.n, &stmt, NULL) ||
      !stmt)
    goto done;
  columns = seine_column_count(stmt);
  if (columns < 1 || columns > 4) goto done;
  shellGridBegin(&g, columns);
  for (i = 0; i < columns; i++)
    shellGridAdd(&g, names[i], strlen(names[i]), 0);
  while (seine_step(stmt) == SEINE_ROW) {
    for (i = 0; i < columns; i++) {
      const char *text = seine_column_text(stmt, i);
      shellGridAdd(&g, text ? text : "",
          text ? (size_t)seine_column_bytes(stmt, i) : 0,
          seine_column_type(stmt, i) == SEINE_INTEGER);
    }
  }
  p->mode = SHELL_MODE_COLUMN;
  shellGridDraw(p, &g);
  p->mode = mode;
done:
  seine_finalize(stmt);
  shellGridFree(&g);
  shellBufFree(&b);
}

static double shellRunSeconds(const struct timeval *t) {
  return (double)t->tv_sec + (double)t->tv_usec / 1e6;
}

static int shellRunStmt(Shell *p, seine_stmt *stmt, const char *sql,
    size_t n) {
  struct rusage was, is;
  double start = shellNow();
  int rc;
  if (p->explain) shellRunPlan(p, sql, n);
  getrusage(RUSAGE_SELF, &was);
  shellOutBegin(p, stmt);
  while ((rc = seine_step(stmt)) == SEINE_ROW) {
    rc = shellOutRow(p, stmt);
    if (rc) return rc;
  }
  if (rc != SEINE_DONE) { /* what was streamed comes before the message */
    shellOutEnd(p, stmt, 0);
    return shellSqlError(p, sql, n);
  }
  rc = shellOutEnd(p, stmt, 1);
  if (rc) return rc;
  if (p->changes)
    fprintf(p->out, "changes: %" PRId64 "   total_changes: %" PRId64 "\n",
        seine_changes64(p->db), seine_total_changes64(p->db));
  if (p->timer) {
    getrusage(RUSAGE_SELF, &is);
    fprintf(p->out,
        "Run Time: real %.3f user %.6f sys %.6f, %" PRId64 " row%s\n",
        shellNow() - start,
        shellRunSeconds(&is.ru_utime) - shellRunSeconds(&was.ru_utime),
        shellRunSeconds(&is.ru_stime) - shellRunSeconds(&was.ru_stime),
        p->rows, p->rows == 1 ? "" : "s");
  }
  return SHELL_OK;
}

int shellRunSql(Shell *p, const char *sql, size_t n) {
  const char *end = sql + n;
  if (n > INT_MAX) return shellError(p, "the statement is over 2 GB");
  while (sql < end) {
    seine_stmt *stmt = NULL;
    const char *tail = NULL;
    int rc = seine_prepare_v2(p->db, sql, (int)(end - sql), &stmt, &tail);
    if (rc) {
      seine_finalize(stmt);
      return shellSqlError(p, sql, (size_t)(end - sql));
    }
    if (!tail || tail > end) tail = end;
    if (stmt) rc = shellRunStmt(p, stmt, sql, (size_t)(tail - sql));
    seine_finalize(stmt);
    if (rc) return rc;
    if (tail <= sql) break;
    sql = tail;
  }
  return SHELL_OK;
}

int shellRunText(Shell *p, const char *text, size_t n, int64_t line) {
  const char *z = shellSkipBlank(text, text + n);
  const char *old_text = p->text;
  int64_t old_line = p->line;
  int rc;
  if (z == text + n) return SHELL_OK;
  p->text = text;
  p->line = line;
  if (p->echo) {
    fwrite(text, 1, n, p->out);
    if (n && text[n - 1] != '\n') fputc('\n', p->out);
  }
  if (z && *z == '.') rc = shellDotRun(p, z);
  else rc = shellRunSql(p, text, n);
  if (p->out_once == 1) shellDotResetOutput(p);
  if (p->out_once == 2) p->out_once = 1;
  if (p->interactive || rc) fflush(p->out);
  p->text = old_text;
  p->line = old_line;
  return rc;
}
