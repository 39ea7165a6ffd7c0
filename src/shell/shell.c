/*
** The shell:  seine [options] [FILE] [SQL...]
**
** Each argument behind FILE is a list of statements or one dot-command; with
** none they come from standard input, with prompts when it is a terminal.
**
** 1. A statement that fails does not stop the rest, unless -bail; among the
**    arguments the first failure stops.
** 2. Exit codes: 0; 1 when a statement or a dot-command failed; 2 for wrong
**    usage or a database that cannot be opened; 130 after an interrupt;
**    whatever .exit was told.  A reader that went away ends the shell as
**    SIGPIPE ends any program, but after the database was closed.
** 3. Signal handlers set a flag and call seine_interrupt(), nothing else.
*/
#include "shell/shellInt.h"
#include <ctype.h>
#include <langinfo.h>
#include <locale.h>
#include <sys/stat.h>
#include <unistd.h>

volatile sig_atomic_t shell_interrupts;
volatile sig_atomic_t shell_broken_pipe;
static seine *volatile shell_signal_db;

static void shellOnInterrupt(int sig) {
  (void)sig;
  if (shell_interrupts++ >= 3) _exit(SHELL_EXIT_INTERRUPTED);
  if (shell_signal_db) seine_interrupt(shell_signal_db);
}

/* Not SIG_IGN: children would inherit that. */
static void shellOnPipe(int sig) {
  (void)sig;
  shell_broken_pipe = 1;
}

static void shellSignals(void) {
  struct sigaction a;
  memset(&a, 0, sizeof a);
  sigemptyset(&a.sa_mask);
  a.sa_handler = shellOnInterrupt; /* no SA_RESTART: read() is to return */
  sigaction(SIGINT, &a, NULL);
  a.sa_handler = shellOnPipe;
  sigaction(SIGPIPE, &a, NULL);
}

/* Widths are asked of the locale, and texts are UTF-8 in any case. */
static void shellLocale(void) {
  if (setlocale(LC_CTYPE, "") && strcmp(nl_langinfo(CODESET), "UTF-8") == 0)
    return;
  if (!setlocale(LC_CTYPE, "C.UTF-8")) setlocale(LC_CTYPE, "en_US.UTF-8");
}

/* ---- files -------------------------------------------------------------- */

int shellOpen(Shell *p, const char *path) {
  seine *db = NULL, *old = p->db;
  int rc = seine_open_v2(path, &db, p->open_flags, NULL);
  if (rc) {
    shellError(p, "cannot open %s: %s", path,
        db ? seine_errmsg(db) : seine_errstr(rc));
    if (rc == SEINE_NOTADB)
      fprintf(stderr, "  to load it: seine NEW.seine \".import '%s' logs\"\n",
          path);
    if (db) seine_close(db);
    return SHELL_FAIL;
  }
  shell_signal_db = db;
  if (old) seine_close(old);
  p->db = db;
  free(p->path);
  p->path = shellDup(path);
  return SHELL_OK;
}

/* What kind of text the end of the input so far is in.  Never stricter than
** seine_complete(), which has the last word; it only spares asking that one
** about the whole text after each line. */
typedef struct ShellScan {
  int state;    /* 0, a quote, '-' or '*' for the comments */
  int seen;     /* something besides blanks and comments */
  int complete; /* and a semicolon was the last of it */
} ShellScan;

static void shellScanLine(ShellScan *s, const char *z, size_t n) {
  const char *end = z + n;
  for (; z < end; z++) {
    int two = end - z >= 2 ? (unsigned char)z[1] : 0;
    if (s->state == '*') {
      if (*z == '*' && two == '/') s->state = 0, z++;
    } else if (s->state == '-') {
      if (*z == '\n') s->state = 0;
    } else if (s->state) {
      if (*z == s->state) s->state = 0;
    } else if (*z == '-' && two == '-') {
      s->state = '-', z++;
    } else if (*z == '/' && two == '*') {
      s->state = '*', z++;
    } else if (!isspace((unsigned char)*z)) {
      s->seen = 1;
      s->complete = *z == ';';
      if (*z == '\'' || *z == '"' || *z == '`') s->state = *z;
    }
  }
}

typedef struct ShellReader {
  ShellBuf sql; /* lines of a statement that is not whole */
  ShellScan scan;
  int64_t line, first; /* line at hand, line where sql began */
  int prompt;
} ShellReader;

static void shellReaderForget(ShellReader *r) {
  shellBufClear(&r->sql);
  memset(&r->scan, 0, sizeof r->scan);
}

/* Runs what is there when it is whole. */
static int shellReaderRun(Shell *p, ShellReader *r) {
  int rc = SHELL_OK;
  if (!r->scan.complete || r->scan.state) return rc;
  if (!seine_complete(r->sql.z)) return rc;
  rc = shellRunText(p, r->sql.z, r->sql.n, r->prompt ? 0 : r->first);
  shellReaderForget(r);
  return rc;
}

/* A line with nothing but comments in front of it: a dot-command, a #
** comment, or the first line of a statement. */
static int shellReaderFirst(Shell *p, ShellReader *r, const char *z,
    size_t n) {
  const char *q, *end;
  int rc;
  if (!r->scan.state) {
    shellReaderForget(r);
    r->first = r->line;
  }
  shellBufAdd(&r->sql, z, n);
  shellScanLine(&r->scan, z, n);
  if (!r->scan.seen && r->scan.state) return SHELL_OK; /* open comment */
  end = r->sql.z + r->sql.n;
  q = shellSkipBlank(r->sql.z, end);
  if (!q || q == end || *q == '#') {
    shellReaderForget(r);
    return SHELL_OK;
  }
  if (*q != '.') return shellReaderRun(p, r);
  r->sql.z[--r->sql.n] = 0;
  rc = shellRunText(p, r->sql.z, r->sql.n, r->prompt ? 0 : r->line);
  shellReaderForget(r);
  return rc;
}

static int shellReaderLine(Shell *p, ShellReader *r, char *z, size_t n) {
  r->line++;
  if (r->line == 1 && n >= 3 && memcmp(z, "\xef\xbb\xbf", 3) == 0)
    z += 3, n -= 3;
  if (memchr(z, 0, n)) {
    int64_t line = p->line;
    shellReaderForget(r);
    p->line = r->line;
    shellError(p, "the line holds a 0 byte");
    p->line = line;
    return SHELL_FAIL;
  }
  z[n] = '\n'; /* in place of the end; the text knows its length */
  if (!r->scan.seen) return shellReaderFirst(p, r, z, n + 1);
  shellBufAdd(&r->sql, z, n + 1);
  shellScanLine(&r->scan, z, n + 1);
  return shellReaderRun(p, r);
}

static int shellReadLoop(Shell *p, FILE *in, ShellReader *r) {
  int failed = 0, rc = SHELL_OK;
  while (rc != SHELL_QUIT && !(failed && p->bail && !r->prompt)) {
    const char *prompt = r->sql.n ? "   ...> " : "seine> ";
    char *line = NULL;
    ssize_t n;
    if (r->prompt) shell_interrupts = 0;
    n = shellEditLine(p, in, r->prompt ? prompt : NULL, &line);
    if (n == -2 && !r->prompt) return SHELL_FAIL;
    if (n == -2) { /* Ctrl-C gives up what was typed so far */
      shellReaderForget(r);
      continue;
    }
    if (n == -1) break;
    rc = shellReaderLine(p, r, line, (size_t)n);
    failed |= rc == SHELL_FAIL;
    if (shell_interrupts && !r->prompt) return SHELL_FAIL;
  }
  if (r->scan.seen && rc != SHELL_QUIT && !(failed && p->bail)) {
    rc = shellRunText(p, r->sql.z, r->sql.n, r->prompt ? 0 : r->first);
    failed |= rc == SHELL_FAIL;
  }
  return rc == SHELL_QUIT ? rc : failed ? SHELL_FAIL : SHELL_OK;
}

int shellReadFile(Shell *p, FILE *in, const char *name, int prompt) {
  const char *source = p->source;
  ShellReader r;
  int rc;
  memset(&r, 0, sizeof r);
  r.prompt = prompt;
  p->source = name;
  rc = shellReadLoop(p, in, &r);
  p->source = source;
  shellBufFree(&r.sql);
  return rc;
}

int shellReadNamed(Shell *p, const char *name) {
  struct stat st;
  char *copy;
  FILE *in;
  int rc;
  if (p->depth >= SHELL_MAX_DEPTH)
    return shellError(p, ".read goes deeper than %d files", SHELL_MAX_DEPTH);
  fflush(NULL);
  in = name[0] == '|' ? popen(name + 1, "r") : fopen(name, "r");
  if (!in) return shellError(p, "cannot open %s: %s", name, strerror(errno));
  if (name[0] != '|' && fstat(fileno(in), &st) == 0 && S_ISDIR(st.st_mode)) {
    fclose(in);
    return shellError(p, "%s is a directory", name);
  }
  copy = shellDup(name);
  p->depth++;
  rc = shellReadFile(p, in, copy, 0);
  p->depth--;
  if (name[0] == '|') pclose(in);
  else fclose(in);
  free(copy);
  return rc;
}

/* ---- options ------------------------------------------------------------ */

enum {
  SHELL_OPT_READONLY, SHELL_OPT_NOMAP, SHELL_OPT_BAIL, SHELL_OPT_BATCH,
  SHELL_OPT_INTERACTIVE, SHELL_OPT_ECHO, SHELL_OPT_HEADER,
  SHELL_OPT_NOHEADER, SHELL_OPT_MODE, SHELL_OPT_SEPARATOR, SHELL_OPT_NULL,
  SHELL_OPT_CMD, SHELL_OPT_INIT, SHELL_OPT_SQL, SHELL_OPT_FILE,
  SHELL_OPT_TIMER, SHELL_OPT_VERSION, SHELL_OPT_HELP
};

typedef struct ShellOption {
  const char *name, *argument, *help;
  int code;
} ShellOption;

static const ShellOption shell_options[] = {
    {"readonly", NULL, "open FILE for reading only", SHELL_OPT_READONLY},
    {"nomap", NULL, "read FILE without mapping it", SHELL_OPT_NOMAP},
    {"c", "SQL", "run SQL (or a dot-command), then leave", SHELL_OPT_SQL},
    {"f", "FILE", "run the statements of FILE, then leave", SHELL_OPT_FILE},
    {"cmd", "COMMAND", "run COMMAND before anything else", SHELL_OPT_CMD},
    {"init", "FILE", "read FILE before anything else", SHELL_OPT_INIT},
    {"bail", NULL, "stop at the first error", SHELL_OPT_BAIL},
    {"batch", NULL, "no prompts, whoever types", SHELL_OPT_BATCH},
    {"interactive", NULL, "prompts, whoever types", SHELL_OPT_INTERACTIVE},
    {"echo", NULL, "print each command before it runs", SHELL_OPT_ECHO},
    {"timer", NULL, "print the time of each statement", SHELL_OPT_TIMER},
    {"header", NULL, "show the names of columns", SHELL_OPT_HEADER},
    {"noheader", NULL, "do not", SHELL_OPT_NOHEADER},
    {"separator", "S", "what stands between values", SHELL_OPT_SEPARATOR},
    {"nullvalue", "S", "what is printed for NULL", SHELL_OPT_NULL},
    {"version", NULL, "print the version", SHELL_OPT_VERSION},
    {"help", NULL, "print this", SHELL_OPT_HELP},
    {NULL, NULL, NULL, 0},
};

typedef struct ShellStep {
  const char *text;
  int is_file;
} ShellStep;

typedef struct ShellArgs {
  const char *file, *init;
  ShellStep *steps;
  int n_steps, batch, interactive;
} ShellArgs;

static void shellUsage(FILE *out) {
  const ShellOption *o;
  fprintf(out,
      "usage: seine [options] [FILE] [SQL...]\n"
      "FILE is a database, made when it is absent; none: one in memory.\n"
      "Each SQL is a list of statements or a dot-command (try .help);\n"
      "without any they are read from standard input.\n\n");
  for (o = shell_options; o->name; o++)
    fprintf(out, "  -%s%s%s%*s %s\n", o->name, o->argument ? " " : "",
        o->argument ? o->argument : "",
        (int)(18 - strlen(o->name) -
            (o->argument ? strlen(o->argument) + 1 : 0)),
        "", o->help);
  fprintf(out, "  -box -csv -json -ndjson -markdown -line -list -tabs -table "
               "-column\n                      the form of the results\n");
}

static int shellUsageError(const char *fmt, const char *word,
    const char *near) {
  fprintf(stderr, "seine: ");
  fprintf(stderr, fmt, word);
  if (near) fprintf(stderr, " (did you mean: -%s?)", near);
  fprintf(stderr, "\ntry: seine -help\n");
  return SHELL_EXIT_USAGE;
}

static const ShellOption *shellOptionFind(const char *name) {
  const ShellOption *o;
  static ShellOption mode = {NULL, NULL, NULL, SHELL_OPT_MODE};
  int i;
  if (strcmp(name, "headers") == 0) name = "header";
  if (strcmp(name, "jsonlines") == 0) name = "ndjson";
  for (o = shell_options; o->name; o++)
    if (strcmp(o->name, name) == 0) return o;
  for (i = 0; shellOutModeName(i); i++) {
    if (strcmp(shellOutModeName(i), name)) continue;
    mode.name = shellOutModeName(i);
    return &mode;
  }
  return NULL;
}

static int shellOptionUnknown(const char *word) {
  const char *name = word + strspn(word, "-");
  ShellNear near;
  int i;
  shellNearBegin(&near, name);
  for (i = 0; shell_options[i].name; i++)
    shellNearTry(&near, shell_options[i].name);
  for (i = 0; shellOutModeName(i); i++)
    shellNearTry(&near, shellOutModeName(i));
  return shellUsageError("no such option: %s", word, near.best);
}

/* What must be known before the file is opened. */
static void shellOptionEarly(Shell *p, ShellArgs *a, const ShellOption *o,
    const char *value) {
  switch (o->code) {
  case SHELL_OPT_READONLY:
    p->open_flags &= ~(SEINE_OPEN_READWRITE | SEINE_OPEN_CREATE);
    p->open_flags |= SEINE_OPEN_READONLY;
    break;
  case SHELL_OPT_NOMAP:
    p->open_flags |= SEINE_OPEN_NOMAP;
    break;
  case SHELL_OPT_BATCH:
    a->batch = 1;
    break;
  case SHELL_OPT_INTERACTIVE:
    a->interactive = 1;
    break;
  case SHELL_OPT_INIT:
    a->init = value;
    break;
  case SHELL_OPT_SQL:
  case SHELL_OPT_FILE:
    a->steps[a->n_steps].text = value;
    a->steps[a->n_steps++].is_file = o->code == SHELL_OPT_FILE;
    break;
  default:
    break;
  }
}

/* What an init file may not undo. */
static int shellOptionLate(Shell *p, const ShellOption *o,
    const char *value) {
  switch (o->code) {
  case SHELL_OPT_BAIL:
    p->bail = 1;
    break;
  case SHELL_OPT_ECHO:
    p->echo = 1;
    break;
  case SHELL_OPT_TIMER:
    p->timer = 1;
    break;
  case SHELL_OPT_HEADER:
  case SHELL_OPT_NOHEADER:
    p->headers = o->code == SHELL_OPT_HEADER;
    break;
  case SHELL_OPT_MODE:
    shellOutSetMode(p, shellOutMode(o->name));
    break;
  case SHELL_OPT_SEPARATOR:
    free(p->separator);
    p->separator = shellDup(value);
    break;
  case SHELL_OPT_NULL:
    free(p->null_text);
    p->null_text = shellDup(value);
    break;
  case SHELL_OPT_CMD:
    return shellRunText(p, value, strlen(value), 0);
  default:
    break;
  }
  return SHELL_OK;
}

/* Goes over the arguments: late = 0 to understand them, 1 to carry out the
** settings.  Returns an exit code, or -1 to go on. */
static int shellArguments(Shell *p, ShellArgs *a, int argc, char **argv,
    int late) {
  int i, options = 1, words = 0;
  for (i = 1; i < argc; i++) {
    const char *z = argv[i], *value = NULL;
    const ShellOption *o;
    if (!options || z[0] != '-' || strncmp(z, "-- ", 3) == 0) {
      if (late) continue;
      if (words++ == 0) a->file = z;
      else a->steps[a->n_steps++].text = z;
      continue;
    }
    if (strcmp(z, "--") == 0) {
      options = 0;
      continue;
    }
    o = shellOptionFind(z[1] == '-' ? z + 2 : z + 1);
    if (!o) return shellOptionUnknown(z);
    if (o->argument) {
      if (i + 1 >= argc)
        return shellUsageError("%s wants an argument", z, NULL);
      value = argv[++i];
    }
    if (!late && o->code == SHELL_OPT_HELP) {
      shellUsage(stdout);
      return 0;
    }
    if (!late && o->code == SHELL_OPT_VERSION) {
      printf("seine %s\n", seine_libversion());
      return 0;
    }
    if (!late) shellOptionEarly(p, a, o, value);
    else if (shellOptionLate(p, o, value) == SHELL_QUIT) return 0;
  }
  return -1;
}

/* ---- main --------------------------------------------------------------- */

/* The user's own settings, for a person only: a script must not change its
** meaning with the account that runs it. */
static void shellReadSettings(Shell *p) {
  const char *home = getenv("HOME");
  ShellBuf b = {0};
  if (!home || !*home) return;
  shellBufPuts(&b, home);
  shellBufPuts(&b, "/.config/seine/seinerc");
  if (access(b.z, R_OK) == 0) shellReadNamed(p, b.z);
  shellBufFree(&b);
}

static void shellSteps(Shell *p, const ShellArgs *a) {
  int i, rc;
  for (i = 0; i < a->n_steps && !shell_interrupts; i++) {
    const char *z = a->steps[i].text;
    rc = a->steps[i].is_file ? shellReadNamed(p, z) :
                               shellRunText(p, z, strlen(z), 0);
    if (rc) return;
  }
}

static void shellRepl(Shell *p) {
  printf("Seine %s, .help lists the commands%s\n", seine_libversion(),
      strcmp(p->path, ":memory:") ? "" :
          "\nthis database is in memory: .open FILE for one that lasts");
  shellEditBegin(p);
  shellReadFile(p, stdin, NULL, 1);
  shellEditEnd();
  p->errors = 0; /* a person has seen them */
}

static int shellRun(Shell *p, ShellArgs *a, int argc, char **argv) {
  int code;
  if (shellOpen(p, a->file ? a->file : ":memory:")) return SHELL_EXIT_USAGE;
  p->interactive = a->interactive ||
      (isatty(STDIN_FILENO) && a->n_steps == 0 && !a->batch);
  if (a->init) {
    if (shellReadNamed(p, a->init) == SHELL_QUIT) return -1;
  } else if (p->interactive) {
    shellReadSettings(p);
  }
  code = shellArguments(p, a, argc, argv, 1);
  if (code >= 0 || (p->errors && p->bail)) return -1;
  if (a->n_steps) {
    shellSteps(p, a);
  } else if (p->interactive) {
    shellRepl(p);
  } else {
    shellReadFile(p, stdin, NULL, 0);
    shellEditEnd();
  }
  return -1;
}

static void shellFree(Shell *p, ShellArgs *a) {
  shellDotResetOutput(p);
  shell_signal_db = NULL;
  if (p->db) seine_close(p->db);
  shellGridFree(&p->grid);
  free(p->path);
  free(p->separator);
  free(p->row_separator);
  free(p->null_text);
  free(a->steps);
}

static int shellExitCode(Shell *p, int code) {
  int late = fflush(stdout) || ferror(stdout) ? shellOutCheck(p) : SHELL_OK;
  if (shell_broken_pipe && late == SHELL_QUIT) {
    signal(SIGPIPE, SIG_DFL);
    raise(SIGPIPE);
  }
  if (shell_interrupts && !p->interactive) return SHELL_EXIT_INTERRUPTED;
  if (code >= 0) return code;
  if (p->exit_code >= 0) return p->exit_code;
  return p->errors ? SHELL_EXIT_FAILED : 0;
}

int main(int argc, char **argv) {
  Shell p;
  ShellArgs a;
  int code;
  memset(&p, 0, sizeof p);
  memset(&a, 0, sizeof a);
  shellLocale();
  shellSignals();
  p.out = stdout;
  p.open_flags = SEINE_OPEN_READWRITE | SEINE_OPEN_CREATE;
  p.headers = p.exit_code = -1;
  p.tty_out = isatty(STDOUT_FILENO);
  p.null_text = shellDup("");
  shellOutSetMode(&p, p.tty_out ? SHELL_MODE_BOX : SHELL_MODE_LIST);
  a.steps = shellAlloc((size_t)(argc + 1) * sizeof *a.steps);
  memset(a.steps, 0, (size_t)(argc + 1) * sizeof *a.steps);
  code = shellArguments(&p, &a, argc, argv, 0);
  if (code < 0) code = shellRun(&p, &a, argc, argv);
  shellFree(&p, &a);
  return shellExitCode(&p, code);
}
