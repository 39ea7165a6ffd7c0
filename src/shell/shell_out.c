/*
** The output modes.  list, tabs, csv, json, ndjson and line write a row as it
** comes; the others (shell_grid.c) keep the result to know its widths, in
** pieces of SHELL_OUT_KEEP bytes so that no result is too large for them.
**
** 1. json and ndjson are always well formed: numbers bare, BOOLEAN as true
**    and false, JSON and arrays as they are, what JSON has no word for (not
**    a number, infinite) null, broken UTF-8 U+FFFD, a BLOB its hexadecimals.
** 2. csv follows RFC 4180, with \n; an empty text is "", a NULL is .nullvalue.
** 3. A text goes out by its length: a 0 byte does not end it.
*/
#include "shell/shellInt.h"
#include <math.h>

#define SHELL_OUT_KEEP ((size_t)64 << 20)

static const char *const shell_out_modes[] = {"list", "box", "table", "column",
    "csv", "tabs", "json", "ndjson", "markdown", "line", "jsonlines", NULL};

const char *shellOutModeName(int i) {
  return i <= SHELL_MODE_LINE ? shell_out_modes[i] : NULL;
}

int shellOutMode(const char *name) {
  size_t n = strlen(name);
  int i, found = -1;
  for (i = 0; shell_out_modes[i]; i++) {
    int mode = i > SHELL_MODE_LINE ? SHELL_MODE_NDJSON : i;
    if (strcmp(shell_out_modes[i], name) == 0) return mode;
    if (n && strncmp(shell_out_modes[i], name, n) == 0)
      found = found == -1 ? mode : -2;
  }
  return found < 0 ? -1 : found;
}

void shellOutSetMode(Shell *p, int mode) {
  const char *sep = mode == SHELL_MODE_CSV ? "," :
      mode == SHELL_MODE_TABS ? "\t" : "|";
  p->mode = mode;
  free(p->separator);
  p->separator = shellDup(sep);
  free(p->row_separator);
  p->row_separator = shellDup("\n");
}

static int shellOutIsGrid(const Shell *p) {
  return p->mode == SHELL_MODE_BOX || p->mode == SHELL_MODE_TABLE ||
      p->mode == SHELL_MODE_COLUMN || p->mode == SHELL_MODE_MARKDOWN;
}

int shellOutHeaders(const Shell *p) {
  if (p->mode == SHELL_MODE_MARKDOWN) return 1;
  return p->headers < 0 ? shellOutIsGrid(p) : p->headers;
}

int shellOutCheck(Shell *p) {
  int e = errno;
  if (!ferror(p->out)) return SHELL_OK;
  if (shell_interrupts) return shellError(p, "interrupted");
  if (shell_broken_pipe) { /* a pager that was left is no error */
    if (p->out == stdout) return SHELL_QUIT;
    shellDotResetOutput(p);
    shell_broken_pipe = 0;
    return SHELL_OK;
  }
  clearerr(p->out);
  return shellError(p, "cannot write: %s", strerror(e));
}

/* ---- list, tabs, csv ---------------------------------------------------- */

static void shellOutCsv(Shell *p, const char *z, size_t n) {
  const char *end = z + n, *q;
  size_t k = strlen(p->separator);
  int quote = n == 0;
  for (q = z; q < end && !quote; q++)
    quote = *q == '"' || *q == '\n' || *q == '\r' ||
        (k && (size_t)(end - q) >= k && memcmp(q, p->separator, k) == 0);
  if (!quote) {
    fwrite(z, 1, n, p->out);
    return;
  }
  fputc('"', p->out);
  while (z < end) {
    q = memchr(z, '"', (size_t)(end - z));
    if (!q) q = end;
    fwrite(z, 1, (size_t)(q - z), p->out);
    if (q < end) fputs("\"\"", p->out);
    z = q < end ? q + 1 : q;
  }
  fputc('"', p->out);
}

/* As it is, but a terminal gets no control characters of a stranger. */
static void shellOutPlain(Shell *p, const char *z, size_t n) {
  ShellBuf b = {0};
  if (!p->tty_out || p->out != stdout) {
    fwrite(z, 1, n, p->out);
    return;
  }
  shellBufAddSafe(&b, z, n, 1);
  if (b.n) fwrite(b.z, 1, b.n, p->out);
  shellBufFree(&b);
}

static void shellOutField(Shell *p, const char *z, size_t n) {
  if (p->mode == SHELL_MODE_CSV) shellOutCsv(p, z, n);
  else shellOutPlain(p, z, n);
}

static void shellOutListRow(Shell *p, seine_stmt *stmt) {
  int i, n = seine_column_count(stmt);
  for (i = 0; i < n; i++) {
    const char *z = NULL;
    if (i) fputs(p->separator, p->out);
    if (seine_column_type(stmt, i) != SEINE_NULL)
      z = seine_column_text(stmt, i);
    if (z) shellOutField(p, z, (size_t)seine_column_bytes(stmt, i));
    else fputs(p->null_text, p->out);
  }
  fputs(p->row_separator, p->out);
}

static void shellOutListHead(Shell *p, seine_stmt *stmt) {
  int i, n = seine_column_count(stmt);
  for (i = 0; i < n; i++) {
    const char *z = seine_column_name(stmt, i);
    if (i) fputs(p->separator, p->out);
    shellOutField(p, z ? z : "", z ? strlen(z) : 0);
  }
  fputs(p->row_separator, p->out);
}

/* ---- json --------------------------------------------------------------- */

static void shellOutJsonText(FILE *out, const char *z, size_t n) {
  const char *end = z + n, *from = z;
  fputc('"', out);
  while (z < end) {
    uint32_t c;
    int bad = 0;
    size_t k = shellUtfDecode(z, end, &c, &bad);
    if (c >= 0x20 && c != '"' && c != '\\' && c != 0x7f && !bad) {
      z += k;
      continue;
    }
    fwrite(from, 1, (size_t)(z - from), out);
    z += k;
    from = z;
    if (bad) fputs("\xef\xbf\xbd", out);
    else if (c == '"') fputs("\\\"", out);
    else if (c == '\\') fputs("\\\\", out);
    else if (c == '\n') fputs("\\n", out);
    else if (c == '\r') fputs("\\r", out);
    else if (c == '\t') fputs("\\t", out);
    else fprintf(out, "\\u%04x", (unsigned)c);
  }
  fwrite(from, 1, (size_t)(z - from), out);
  fputc('"', out);
}

static void shellOutHex(ShellBuf *b, const unsigned char *z, size_t n) {
  static const char digits[] = "0123456789abcdef";
  size_t i;
  for (i = 0; i < n; i++) {
    shellBufPutc(b, digits[z[i] >> 4]);
    shellBufPutc(b, digits[z[i] & 15]);
  }
}

static void shellOutJsonBlob(FILE *out, seine_stmt *stmt, int i) {
  ShellBuf b = {0};
  const unsigned char *z = seine_column_blob(stmt, i);
  shellOutHex(&b, z, z ? (size_t)seine_column_bytes(stmt, i) : 0);
  fprintf(out, "\"%s\"", b.z ? b.z : "");
  shellBufFree(&b);
}

/* JSON as it is; its line ends are blanks, and ndjson has lines of its own. */
static void shellOutJsonRaw(FILE *out, const char *z, size_t n) {
  size_t i;
  for (i = 0; i < n; i++) putc(z[i] == '\n' || z[i] == '\r' ? ' ' : z[i], out);
}

static int shellOutIsJson(const char *type) {
  size_t n = type ? strlen(type) : 0;
  if (n == 0) return 0;
  return strcmp(type, "JSON") == 0 ||
      (n > 2 && strcmp(type + n - 2, "[]") == 0);
}

static void shellOutJsonValue(FILE *out, seine_stmt *stmt, int i) {
  const char *type = seine_column_decltype(stmt, i), *z;
  switch (seine_column_type(stmt, i)) {
  case SEINE_INTEGER:
    if (type && strcmp(type, "BOOLEAN") == 0)
      fputs(seine_column_int64(stmt, i) ? "true" : "false", out);
    else
      fprintf(out, "%" PRId64, seine_column_int64(stmt, i));
    return;
  case SEINE_FLOAT:
    z = isfinite(seine_column_double(stmt, i)) ? seine_column_text(stmt, i) :
                                                 NULL;
    fputs(z ? z : "null", out);
    return;
  case SEINE_BLOB:
    shellOutJsonBlob(out, stmt, i);
    return;
  case SEINE_TEXT:
    z = seine_column_text(stmt, i);
    if (!z) break;
    if (shellOutIsJson(type) && *z)
      shellOutJsonRaw(out, z, (size_t)seine_column_bytes(stmt, i));
    else
      shellOutJsonText(out, z, (size_t)seine_column_bytes(stmt, i));
    return;
  default:
    break;
  }
  fputs("null", out);
}

static void shellOutJsonRow(Shell *p, seine_stmt *stmt) {
  int i, n = seine_column_count(stmt);
  if (p->mode == SHELL_MODE_JSON) fputs(p->first_row ? "[" : ",\n", p->out);
  fputc('{', p->out);
  for (i = 0; i < n; i++) {
    const char *name = seine_column_name(stmt, i);
    if (i) fputc(',', p->out);
    shellOutJsonText(p->out, name ? name : "", name ? strlen(name) : 0);
    fputc(':', p->out);
    shellOutJsonValue(p->out, stmt, i);
  }
  fputc('}', p->out);
  if (p->mode == SHELL_MODE_NDJSON) fputc('\n', p->out);
}

/* ---- line --------------------------------------------------------------- */

static void shellOutLineRow(Shell *p, seine_stmt *stmt) {
  int i, n = seine_column_count(stmt);
  size_t width = 5;
  for (i = 0; i < n; i++) {
    const char *z = seine_column_name(stmt, i);
    size_t w = z ? shellTextWidth(z, strlen(z)) : 0;
    if (w > width) width = w;
  }
  if (!p->first_row) fputs(p->row_separator, p->out);
  for (i = 0; i < n; i++) {
    const char *z = seine_column_name(stmt, i);
    size_t w = z ? shellTextWidth(z, strlen(z)) : 0;
    fprintf(p->out, "%*s%s = ", (int)(width - w), "", z ? z : "");
    z = seine_column_type(stmt, i) == SEINE_NULL ? NULL :
                                                   seine_column_text(stmt, i);
    if (z) shellOutPlain(p, z, (size_t)seine_column_bytes(stmt, i));
    else fputs(p->null_text, p->out);
    fputs(p->row_separator, p->out);
  }
}

/* ---- the modes that see the result whole -------------------------------- */

static void shellOutGridHead(Shell *p, seine_stmt *stmt) {
  int i, n = seine_column_count(stmt);
  shellGridBegin(&p->grid, n);
  for (i = 0; i < n; i++) {
    const char *z = seine_column_name(stmt, i);
    shellGridAdd(&p->grid, z ? z : "", z ? strlen(z) : 0, 0);
  }
}

static void shellOutGridRow(Shell *p, seine_stmt *stmt) {
  int i, n = p->grid.columns;
  for (i = 0; i < n; i++) {
    int type = seine_column_type(stmt, i);
    const char *z;
    ShellBuf b = {0};
    if (type == SEINE_BLOB) {
      const unsigned char *u = seine_column_blob(stmt, i);
      shellBufPuts(&b, "x'");
      shellOutHex(&b, u, u ? (size_t)seine_column_bytes(stmt, i) : 0);
      shellBufPuts(&b, "'");
      shellGridAdd(&p->grid, b.z, b.n, 0);
      shellBufFree(&b);
      continue;
    }
    z = type == SEINE_NULL ? NULL : seine_column_text(stmt, i);
    if (z)
      shellGridAdd(&p->grid, z, (size_t)seine_column_bytes(stmt, i),
          type == SEINE_INTEGER || type == SEINE_FLOAT);
    else /* a NULL does not turn a column of numbers to the left */
      shellGridAdd(&p->grid, p->null_text, strlen(p->null_text), 2);
  }
  if (p->grid.text.n + p->grid.n * 16 > SHELL_OUT_KEEP) {
    shellGridDraw(p, &p->grid);
    shellOutGridHead(p, stmt);
  }
}

/* ---- a result ----------------------------------------------------------- */

void shellOutBegin(Shell *p, seine_stmt *stmt) {
  p->rows = 0;
  p->first_row = 1;
  if (shellOutIsGrid(p) && seine_column_count(stmt) > 0)
    shellOutGridHead(p, stmt);
}

static void shellOutListBegin(Shell *p, seine_stmt *stmt) {
  int is_list = p->mode == SHELL_MODE_LIST || p->mode == SHELL_MODE_TABS ||
      p->mode == SHELL_MODE_CSV;
  if (p->first_row && is_list && shellOutHeaders(p))
    shellOutListHead(p, stmt);
}

int shellOutRow(Shell *p, seine_stmt *stmt) {
  shellOutListBegin(p, stmt);
  switch (p->mode) {
  case SHELL_MODE_JSON:
  case SHELL_MODE_NDJSON:
    shellOutJsonRow(p, stmt);
    break;
  case SHELL_MODE_LINE:
    shellOutLineRow(p, stmt);
    break;
  case SHELL_MODE_LIST:
  case SHELL_MODE_TABS:
  case SHELL_MODE_CSV:
    shellOutListRow(p, stmt);
    break;
  default:
    shellOutGridRow(p, stmt);
    break;
  }
  p->first_row = 0;
  p->rows++;
  return shellOutCheck(p);
}

int shellOutEnd(Shell *p, seine_stmt *stmt, int ok) {
  int columns = seine_column_count(stmt);
  if (columns == 0) return SHELL_OK;
  if (ok) shellOutListBegin(p, stmt);
  if (p->mode == SHELL_MODE_JSON && (ok || !p->first_row))
    fputs(p->first_row ? "[]\n" : "]\n", p->out);
  if (shellOutIsGrid(p) && ok) shellGridDraw(p, &p->grid);
  shellGridFree(&p->grid);
  return shellOutCheck(p);
}

int shellOutAll(Shell *p, seine_stmt *stmt, const char *filter) {
  int rc, src = SHELL_OK;
  shellOutBegin(p, stmt);
  while ((rc = seine_step(stmt)) == SEINE_ROW && src == SHELL_OK) {
    const char *z = filter ? seine_column_text(stmt, 0) : NULL;
    if (!filter || (z && shellLike(filter, z))) src = shellOutRow(p, stmt);
  }
  if (src) return src;
  src = shellOutEnd(p, stmt, rc == SEINE_DONE);
  if (rc != SEINE_DONE) return shellError(p, "%s", seine_errmsg(p->db));
  return src;
}
