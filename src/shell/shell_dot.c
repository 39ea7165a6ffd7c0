/*
** The dot-commands: sqlite3's names and meanings where it has them.  A name
** may be cut short as long as one command alone begins so.
**
** Words are parted by blanks; '...' keeps its text as it is, "..." knows the
** escapes \n \t \r \\ \" .
*/
#include "shell/shellInt.h"
#include <ctype.h>
#include <stddef.h>
#include <strings.h>

typedef struct ShellDotCommand {
  const char *name, *usage, *help;
  int (*run)(Shell *, int, char **); /* argv[0] is the command */
  int least, most;                   /* words behind the command */
  size_t toggle;                     /* a switch of Shell, when run is NULL */
} ShellDotCommand;

static int shellDotShow(Shell *, int, char **);
static int shellDotHelp(Shell *, int, char **);

static int shellDotFlag(Shell *p, const char *word, int *flag) {
  static const char *const on[] = {"on", "yes", "true", "1"};
  static const char *const off[] = {"off", "no", "false", "0"};
  int i;
  for (i = 0; i < 4; i++) {
    if (strcasecmp(word, on[i]) == 0) *flag = 1;
    else if (strcasecmp(word, off[i]) == 0) *flag = 0;
    else continue;
    return SHELL_OK;
  }
  return shellError(p, "expected on or off, not %s", word);
}

static int shellDotInteger(Shell *p, const char *word, long least, long most,
    int *value) {
  char *end;
  long v;
  errno = 0;
  v = strtol(word, &end, 10);
  if (end == word || *end || errno || v < least || v > most)
    return shellError(p, "expected a number from %ld to %ld, not %s", least,
        most, word);
  *value = (int)v;
  return SHELL_OK;
}

/* ---- where results go --------------------------------------------------- */

void shellDotResetOutput(Shell *p) {
  if (p->out != stdout) {
    int rc = p->out_name[0] == '|' ? pclose(p->out) : fclose(p->out);
    int piped = p->out_name[0] == '|';
    p->out = stdout;
    if (rc && !piped) shellError(p, "cannot write %s", p->out_name);
  }
  free(p->out_name);
  p->out_name = NULL;
  p->out_once = 0;
}

/* The word behind the command; a |command goes on to the end.  Freed by the
** caller; NULL after a message when there are too many words. */
static char *shellDotTarget(Shell *p, int argc, char **argv) {
  ShellBuf b = {0};
  int i;
  shellBufPuts(&b, argc > 1 ? argv[1] : "stdout");
  for (i = 2; i < argc && b.z[0] == '|'; i++) {
    shellBufPutc(&b, ' ');
    shellBufPuts(&b, argv[i]);
  }
  if (i >= argc) return b.z;
  shellError(p, "one word too many: %s", argv[i]);
  shellBufFree(&b);
  return NULL;
}

static int shellDotOutput(Shell *p, int argc, char **argv) {
  char *name = shellDotTarget(p, argc, argv);
  FILE *out = NULL;
  int rc = SHELL_OK;
  if (!name) return SHELL_FAIL;
  shellDotResetOutput(p);
  if (strcmp(name, "stdout") == 0) goto done;
  fflush(stdout);
  if (name[0] == '|') out = popen(name + 1, "w");
  else out = fopen(strcmp(name, "off") == 0 ? "/dev/null" : name, "w");
  if (!out) {
    rc = shellError(p, "cannot open %s: %s", name, strerror(errno));
    goto done;
  }
  p->out = out;
  p->out_name = name;
  name = NULL;
done:
  free(name);
  return rc;
}

static int shellDotOnce(Shell *p, int argc, char **argv) {
  int rc = shellDotOutput(p, argc, argv);
  if (rc == SHELL_OK && p->out != stdout) p->out_once = 2;
  return rc;
}

static int shellDotPrint(Shell *p, int argc, char **argv) {
  int i;
  for (i = 1; i < argc; i++)
    fprintf(p->out, "%s%s", i > 1 ? " " : "", argv[i]);
  fputc('\n', p->out);
  return SHELL_OK;
}

/* ---- how results look --------------------------------------------------- */

static int shellDotMode(Shell *p, int argc, char **argv) {
  ShellNear near;
  int i, mode;
  if (argc == 1) {
    fprintf(p->out, "current output mode: %s\n", shellOutModeName(p->mode));
    return SHELL_OK;
  }
  mode = shellOutMode(argv[1][0] == '-' ? argv[1] + strspn(argv[1], "-") :
                                          argv[1]);
  if (mode >= 0) {
    shellOutSetMode(p, mode);
    return SHELL_OK;
  }
  shellNearBegin(&near, argv[1]);
  for (i = 0; shellOutModeName(i); i++)
    shellNearTry(&near, shellOutModeName(i));
  if (near.best)
    return shellError(p, "no such mode: %s (did you mean: %s?)", argv[1],
        near.best);
  return shellError(p, "no such mode: %s (there are box column csv json line "
                       "list markdown ndjson table tabs)", argv[1]);
}

static int shellDotNull(Shell *p, int argc, char **argv) {
  free(p->null_text);
  p->null_text = shellDup(argc > 1 ? argv[1] : "");
  return SHELL_OK;
}

static int shellDotSeparator(Shell *p, int argc, char **argv) {
  free(p->separator);
  p->separator = shellDup(argv[1]);
  if (argc > 2) {
    free(p->row_separator);
    p->row_separator = shellDup(argv[2]);
  }
  return SHELL_OK;
}

static int shellDotWidth(Shell *p, int argc, char **argv) {
  int i, rc;
  for (i = 1; i < argc; i++) {
    rc = shellDotInteger(p, argv[i], -100000, 100000, &p->widths[i - 1]);
    if (rc) return rc;
  }
  p->n_widths = argc - 1;
  return SHELL_OK;
}

/* ---- what the database holds -------------------------------------------- */

static int shellDotNameOrder(const void *a, const void *b) {
  return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Names in columns, as ls does it. */
static void shellDotColumns(Shell *p, char **names, size_t n) {
  size_t i, r, widest = 0, across, rows;
  for (i = 0; i < n; i++) {
    size_t w = shellTextWidth(names[i], strlen(names[i]));
    if (w > widest) widest = w;
  }
  across = 80 / (widest + 2);
  if (across == 0) across = 1;
  rows = (n + across - 1) / across;
  for (r = 0; r < rows; r++) {
    for (i = r; i < n; i += rows) {
      size_t w = shellTextWidth(names[i], strlen(names[i]));
      fputs(names[i], p->out);
      if (i + rows < n) fprintf(p->out, "%*s", (int)(widest + 2 - w), "");
    }
    fputc('\n', p->out);
  }
}

static int shellDotTables(Shell *p, int argc, char **argv) {
  seine_stmt *stmt;
  char **names = NULL;
  size_t n = 0, i;
  int rc = shellPrepare(p, "PRAGMA schema", &stmt);
  if (rc) return rc;
  while ((rc = seine_step(stmt)) == SEINE_ROW) {
    const char *z = seine_column_text(stmt, 0);
    const char *sql = seine_column_text(stmt, 1);
    if (sql && strncmp(sql, "CREATE ANALYZER", 15) == 0) continue;
    if (!z || (argc > 1 && !shellLike(argv[1], z))) continue;
    names = shellRealloc(names, (n + 1) * sizeof *names);
    names[n++] = shellDup(z);
  }
  if (rc != SEINE_DONE) rc = shellError(p, "%s", seine_errmsg(p->db));
  else rc = SHELL_OK;
  if (n) qsort(names, n, sizeof *names, shellDotNameOrder);
  if (n && rc == SHELL_OK) shellDotColumns(p, names, n);
  for (i = 0; i < n; i++) free(names[i]);
  free(names);
  seine_finalize(stmt);
  return rc;
}

static int shellDotSchema(Shell *p, int argc, char **argv) {
  seine_stmt *stmt;
  int rc = shellPrepare(p, "PRAGMA schema", &stmt);
  if (rc) return rc;
  while ((rc = seine_step(stmt)) == SEINE_ROW) {
    const char *name = seine_column_text(stmt, 0), *sql;
    if (argc > 1 && !shellLike(argv[1], name ? name : "")) continue;
    sql = seine_column_text(stmt, 1);
    if (sql)
      fprintf(p->out, "%s%s\n", sql, seine_complete(sql) ? "" : ";");
  }
  rc = rc == SEINE_DONE ? SHELL_OK :
                          shellError(p, "%s", seine_errmsg(p->db));
  seine_finalize(stmt);
  return rc;
}

static int shellDotDump(Shell *p, int argc, char **argv) {
  const char *pattern = NULL;
  int i, how = SHELL_DUMP_SQL;
  for (i = 1; i < argc; i++) {
    const char *z = argv[i] + strspn(argv[i], "-");
    if (z > argv[i] && strcmp(z, "ndjson") == 0) how = SHELL_DUMP_NDJSON;
    else if (z > argv[i] || pattern)
      return shellError(p, "what is %s? usage: .dump ?-ndjson? ?PATTERN?",
          argv[i]);
    else pattern = argv[i];
  }
  return shellDump(p, pattern, how);
}

static int shellDotRecover(Shell *p, int argc, char **argv) {
  const char *path = argc > 1 ? argv[1] : p->path;
  if (!path || !*path || strcmp(path, ":memory:") == 0)
    return shellError(p, "usage: .recover FILE, as this database has none");
  return shellDumpRecover(p, path);
}

static int shellDotSegments(Shell *p, int argc, char **argv) {
  seine_stmt *stmt;
  int headers = p->headers, rc;
  rc = shellPrepare(p, "PRAGMA segments", &stmt);
  if (rc) return rc;
  if (p->headers < 0) p->headers = 1;
  rc = shellOutAll(p, stmt, argc > 1 ? argv[1] : NULL);
  p->headers = headers;
  seine_finalize(stmt);
  return rc;
}

static int shellDotDatabases(Shell *p, int argc, char **argv) {
  const char *path = p->path && p->path[0] ? p->path : ":memory:";
  (void)argc, (void)argv;
  fprintf(p->out, "main: %s %s\n", path,
      p->open_flags & SEINE_OPEN_READONLY ? "r/o" : "r/w");
  return SHELL_OK;
}

static int shellDotOpen(Shell *p, int argc, char **argv) {
  int flags = p->open_flags, rc, i;
  const char *path = NULL;
  p->open_flags &= ~SEINE_OPEN_READONLY;
  p->open_flags |= SEINE_OPEN_READWRITE | SEINE_OPEN_CREATE;
  for (i = 1; i < argc; i++) {
    const char *z = argv[i] + strspn(argv[i], "-");
    if (z == argv[i] && !path) path = argv[i];
    else if (strcmp(z, "readonly") == 0)
      p->open_flags = (p->open_flags & SEINE_OPEN_NOMAP) | SEINE_OPEN_READONLY;
    else if (strcmp(z, "nomap") == 0) p->open_flags |= SEINE_OPEN_NOMAP;
    else {
      p->open_flags = flags;
      return shellError(p, "what is %s? usage: .open [-readonly] [-nomap] "
                           "FILE", argv[i]);
    }
  }
  rc = shellOpen(p, path ? path : ":memory:");
  if (rc) p->open_flags = flags;
  return rc;
}

/* ---- data in ------------------------------------------------------------ */

static int shellDotImport(Shell *p, int argc, char **argv) {
  static const char *const names[] = {"auto", "ndjson", "csv", "tsv", "lines",
      "access", "json", "jsonl"};
  static const int formats[] = {SEINE_IMPORT_AUTO, SEINE_IMPORT_NDJSON,
      SEINE_IMPORT_CSV, SEINE_IMPORT_TSV, SEINE_IMPORT_LINES,
      SEINE_IMPORT_ACCESS, SEINE_IMPORT_NDJSON, SEINE_IMPORT_NDJSON};
  const char *file = NULL, *table = NULL;
  int i, k, format = SEINE_IMPORT_AUTO;
  for (i = 1; i < argc; i++) {
    const char *z = argv[i] + strspn(argv[i], "-");
    if (argv[i][0] == '-' && *z) {
      for (k = 0; k < 8 && strcmp(z, names[k]); k++) {}
      if (k == 8)
        return shellError(p, "no such import option: %s (there are -csv -tsv "
                             "-ndjson -lines -access)", argv[i]);
      format = formats[k];
    } else if (!file) {
      file = argv[i];
    } else if (!table) {
      table = argv[i];
    } else {
      return shellError(p, "one word too many: %s", argv[i]);
    }
  }
  if (!table) return shellError(p, "usage: .import FILE|-|'|COMMAND' TABLE");
  return shellImport(p, format, file, table);
}

static int shellDotRead(Shell *p, int argc, char **argv) {
  char *name = shellDotTarget(p, argc, argv);
  int rc = name ? shellReadNamed(p, name) : SHELL_FAIL;
  free(name);
  return rc;
}

/* ---- the session -------------------------------------------------------- */

static int shellDotTimeout(Shell *p, int argc, char **argv) {
  int ms = 0, rc = SHELL_OK;
  if (argc > 1) rc = shellDotInteger(p, argv[1], 0, 2147483647L, &ms);
  if (rc == SHELL_OK) seine_busy_timeout(p->db, ms);
  return rc;
}

static int shellDotSave(Shell *p, int argc, char **argv) {
  seine_stmt *stmt;
  int rc = shellPrepare(p, "VACUUM INTO ?", &stmt);
  (void)argc;
  if (rc) return rc;
  rc = seine_bind_text(stmt, 1, argv[1], -1);
  if (rc || seine_step(stmt) != SEINE_DONE)
    rc = shellError(p, "%s", seine_errmsg(p->db));
  seine_finalize(stmt);
  return rc;
}

static int shellDotVersion(Shell *p, int argc, char **argv) {
  (void)argc, (void)argv;
  fprintf(p->out, "seine %s\n", seine_libversion());
  return SHELL_OK;
}

static int shellDotQuit(Shell *p, int argc, char **argv) {
  int code = -1;
  if (argc > 1) {
    int rc = shellDotInteger(p, argv[1], 0, 255, &code);
    if (rc) return rc;
  }
  p->exit_code = code;
  return SHELL_QUIT;
}

/* ---- the table ---------------------------------------------------------- */

/* clang-format off */
static const ShellDotCommand shell_dot_commands[] = {
  {"backup", "FILE", "Copy the database to a new file, as VACUUM INTO does",
   shellDotSave, 1, 1, 0},
  {"bail", "on|off", "Stop at the first error", NULL, 1, 1,
   offsetof(Shell, bail)},
  {"changes", "on|off", "Show the rows that each statement changed", NULL,
   1, 1, offsetof(Shell, changes)},
  {"databases", "", "The file that is open", shellDotDatabases, 0, 0, 0},
  {"dump", "?-ndjson? ?PATTERN?",
   "The database as SQL, or the rows as ndjson", shellDotDump, 0, 2, 0},
  {"echo", "on|off", "Print each command before it runs", NULL, 1, 1,
   offsetof(Shell, echo)},
  {"exit", "?CODE?", "Leave, with this exit code", shellDotQuit, 0, 1, 0},
  {"explain", "on|off", "Print the plan of each statement first", NULL, 1, 1,
   offsetof(Shell, explain)},
  {"headers", "on|off", "Show the names of the columns", NULL, 1, 1,
   offsetof(Shell, headers)},
  {"help", "?PATTERN?", "These lines, or those that match",
   shellDotHelp, 0, 1, 0},
  {"import", "?-FORMAT? FILE TABLE",
   "Load csv, tsv, ndjson, lines or access logs;\n"
   "                                "
   "FILE may be - or '|command', or end in .gz .zst .bz2 .xz",
   shellDotImport, 1, SHELL_MAX_ARGS, 0},
  {"mode", "?MODE?", "box column csv json line list markdown ndjson table "
   "tabs", shellDotMode, 0, 1, 0},
  {"nullvalue", "TEXT", "Print TEXT for NULL", shellDotNull, 0, 1, 0},
  {"once", "FILE or |COMMAND", "Send the next result there",
   shellDotOnce, 1, SHELL_MAX_ARGS, 0},
  {"open", "?-readonly? ?FILE?", "Close this file and open another",
   shellDotOpen, 0, 3, 0},
  {"output", "?FILE or |COMMAND?", "Send results there; stdout without",
   shellDotOutput, 0, SHELL_MAX_ARGS, 0},
  {"print", "TEXT...", "Print the words", shellDotPrint, 0, SHELL_MAX_ARGS, 0},
  {"quit", "", "Leave", shellDotQuit, 0, 0, 0},
  {"read", "FILE or |COMMAND", "Run the statements and commands of FILE",
   shellDotRead, 1, SHELL_MAX_ARGS, 0},
  {"recover", "?FILE?", "What can be read of a damaged file, as SQL",
   shellDotRecover, 0, 1, 0},
  {"save", "FILE", "The same as .backup", shellDotSave, 1, 1, 0},
  {"schema", "?PATTERN?", "The CREATE statements", shellDotSchema, 0, 1, 0},
  {"segments", "?PATTERN?", "The segments of the tables, with their bytes",
   shellDotSegments, 0, 1, 0},
  {"separator", "COLUMN ?ROW?", "What stands between values, and after rows",
   shellDotSeparator, 1, 2, 0},
  {"show", "", "The settings", shellDotShow, 0, 0, 0},
  {"tables", "?PATTERN?", "The names of the tables and views", shellDotTables,
      0, 1, 0},
  {"timeout", "MS", "Wait so long for another writer", shellDotTimeout,
   0, 1, 0},
  {"timer", "on|off", "Print the time and the rows of each statement", NULL,
   1, 1, offsetof(Shell, timer)},
  {"version", "", "The version of the library", shellDotVersion, 0, 0, 0},
  {"width", "N ...", "Widths of columns; 0: as needed, negative: at the right",
   shellDotWidth, 0, SHELL_MAX_WIDTHS, 0},
  {NULL, NULL, NULL, NULL, 0, 0, 0}
};
/* clang-format on */

/* ---- commands that read the table ---------------------------------------- */

static void shellDotShowText(Shell *p, const char *name, const char *z) {
  fprintf(p->out, "%12s: \"", name);
  for (; *z; z++) {
    if (*z == '\n') fputs("\\n", p->out);
    else if (*z == '\t') fputs("\\t", p->out);
    else if (*z == '\r') fputs("\\r", p->out);
    else if (*z == '"' || *z == '\\') fprintf(p->out, "\\%c", *z);
    else fputc(*z, p->out);
  }
  fputs("\"\n", p->out);
}

static int shellDotShow(Shell *p, int argc, char **argv) {
  int i;
  (void)argc, (void)argv;
  for (i = 0; shell_dot_commands[i].name; i++) {
    const ShellDotCommand *c = &shell_dot_commands[i];
    int v;
    if (c->run) continue;
    memcpy(&v, (const char *)p + c->toggle, sizeof v);
    fprintf(p->out, "%12s: %s\n", c->name, v < 0 ? "auto" : v ? "on" : "off");
  }
  fprintf(p->out, "%12s: %s\n", "mode", shellOutModeName(p->mode));
  shellDotShowText(p, "nullvalue", p->null_text);
  fprintf(p->out, "%12s: %s\n", "output", p->out_name ? p->out_name : "stdout");
  shellDotShowText(p, "separator", p->separator);
  shellDotShowText(p, "rowseparator", p->row_separator);
  fprintf(p->out, "%12s:", "width");
  for (i = 0; i < p->n_widths; i++) fprintf(p->out, " %d", p->widths[i]);
  fprintf(p->out, "\n%12s: %s\n", "filename", p->path ? p->path : "");
  return SHELL_OK;
}

static int shellDotHelp(Shell *p, int argc, char **argv) {
  const char *want = argc > 1 ? argv[1] + (argv[1][0] == '.') : NULL;
  int i, shown = 0, pass;
  ShellBuf b = {0};
  if (want) { /* a name first, then any line that speaks of it */
    shellBufPuts(&b, "%");
    shellBufPuts(&b, want);
    shellBufPuts(&b, "%");
  }
  for (pass = 0; pass < 2 && !shown; pass++) {
    for (i = 0; shell_dot_commands[i].name; i++) {
      const ShellDotCommand *c = &shell_dot_commands[i];
      if (want && pass == 0 && !shellLike(b.z + 1, c->name)) continue;
      if (want && pass == 1 && !shellLike(b.z, c->name) &&
          !shellLike(b.z, c->usage) && !shellLike(b.z, c->help))
        continue;
      fprintf(p->out, ".%s%s%s%*s %s\n", c->name, *c->usage ? " " : "",
          c->usage,
          (int)strlen(c->name) + (int)strlen(c->usage) < 30 ?
              30 - (int)strlen(c->name) - (int)strlen(c->usage) -
                  (*c->usage != 0) : 0,
          "", c->help);
      shown = 1;
    }
  }
  shellBufFree(&b);
  if (!shown) return shellError(p, "nothing in .help matches %s", want);
  return SHELL_OK;
}

/* ---- one command --------------------------------------------------------*/

const char *shellDotName(int i) { return shell_dot_commands[i].name; }

static int shellDotEscape(int c) {
  return c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c;
}

/* Cuts z, which is changed, into words. */
static int shellDotSplit(Shell *p, char *z, char **argv, int *argc) {
  for (*argc = 0;;) {
    char *to;
    while (isspace((unsigned char)*z)) z++;
    if (!*z) return SHELL_OK;
    if (*argc > SHELL_MAX_ARGS) return shellError(p, "too many words");
    argv[(*argc)++] = to = z;
    if (*z == '"' || *z == '\'') {
      char quote = *z++;
      argv[*argc - 1] = to = z;
      while (*z && *z != quote) {
        if (quote == '"' && *z == '\\' && z[1]) {
          *to++ = (char)shellDotEscape((unsigned char)z[1]);
          z += 2;
        } else {
          *to++ = *z++;
        }
      }
      if (!*z) return shellError(p, "a quote is not closed");
      z++;
      *to = 0;
    } else {
      while (*z && !isspace((unsigned char)*z)) z++;
      if (*z) *z++ = 0;
    }
  }
}

static int shellDotUnknown(Shell *p, const char *word, size_t n) {
  ShellNear near;
  ShellBuf b = {0};
  int i, same = 0;
  for (i = 0; shell_dot_commands[i].name; i++) {
    if (n == 0 || strncmp(shell_dot_commands[i].name, word, n)) continue;
    shellBufPuts(&b, same++ ? " ." : ".");
    shellBufPuts(&b, shell_dot_commands[i].name);
  }
  shellNearBegin(&near, word);
  for (i = 0; shell_dot_commands[i].name; i++)
    shellNearTry(&near, shell_dot_commands[i].name);
  if (same) shellError(p, ".%s may be %s", word, b.z);
  else if (near.best)
    shellError(p, "no such command: .%s (did you mean: .%s?)", word, near.best);
  else
    shellError(p, "no such command: .%s (.help lists them)", word);
  shellBufFree(&b);
  return SHELL_FAIL;
}

static const ShellDotCommand *shellDotFind(const char *word, size_t n) {
  const ShellDotCommand *c, *found = NULL;
  for (c = shell_dot_commands; c->name && n; c++) {
    if (strncmp(c->name, word, n)) continue;
    if (c->name[n] == 0) return c;
    if (found) return NULL;
    found = c;
  }
  return found;
}

int shellDotRun(Shell *p, const char *text) {
  char *argv[SHELL_MAX_ARGS + 1], *copy = shellDup(text + 1);
  const ShellDotCommand *c;
  int argc = 0, rc = shellDotSplit(p, copy, argv, &argc), flag = 0;
  size_t n;
  if (rc) goto done;
  if (argc == 0) {
    rc = shellError(p, "a dot alone is no command (.help lists them)");
    goto done;
  }
  n = strlen(argv[argc - 1]); /* .tables; is what fingers type */
  if ((argc == 1 || text[strlen(text) - 1] == ';') && n > 1 &&
      argv[argc - 1][n - 1] == ';' && strcmp(argv[0], "print") &&
      strcmp(argv[0], "separator"))
    argv[argc - 1][n - 1] = 0;
  c = shellDotFind(argv[0], strlen(argv[0]));
  if (!c) {
    rc = shellDotUnknown(p, argv[0], strlen(argv[0]));
  } else if (argc - 1 < c->least || argc - 1 > c->most) {
    rc = shellError(p, "usage: .%s %s", c->name, c->usage);
  } else if (c->run) {
    rc = c->run(p, argc, argv);
  } else {
    rc = shellDotFlag(p, argv[1], &flag);
    if (rc == SHELL_OK) memcpy((char *)p + c->toggle, &flag, sizeof flag);
  }
done:
  free(copy);
  return rc;
}
