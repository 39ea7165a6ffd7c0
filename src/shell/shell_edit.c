/*
** Reads a line: with editing, history and completion when the program was
** configured with readline or libedit (HAVE_READLINE, HAVE_EDITLINE) and a
** person types, plainly otherwise.
**
** The history is $SEINE_HISTORY or ~/.config/seine/history; an empty
** SEINE_HISTORY keeps none.
*/
#include "shell/shellInt.h"
#include <sys/stat.h>
#include <unistd.h>

#if defined(HAVE_EDITLINE)
#include <editline/readline.h>
#define SHELL_EDIT 1
#elif defined(HAVE_READLINE)
#include <readline/history.h>
#include <readline/readline.h>
#define SHELL_EDIT 1
#endif

static char *shell_edit_line;      /* the line of the last call */
static size_t shell_edit_capacity; /* of it, when getline made it */

static ssize_t shellEditPlain(Shell *p, FILE *in, const char *prompt,
    char **line) {
  ssize_t n;
  if (prompt) fputs(prompt, stdout);
  if (prompt || p->interactive) fflush(stdout);
  errno = 0;
  n = getline(&shell_edit_line, &shell_edit_capacity, in);
  if (n < 0) {
    if (!shell_interrupts) return -1;
    clearerr(in);
    if (prompt) fputc('\n', stdout);
    return -2;
  }
  if (n > 0 && shell_edit_line[n - 1] == '\n') shell_edit_line[--n] = 0;
  if (n > 0 && shell_edit_line[n - 1] == '\r') shell_edit_line[--n] = 0;
  *line = shell_edit_line;
  return n;
}

#ifdef SHELL_EDIT

#define SHELL_EDIT_KEPT 2000 /* lines of history */

static Shell *shell_edit_shell; /* completion has no argument for it */
static char *shell_edit_history;
static char **shell_edit_words; /* what the generator hands out */
static size_t shell_edit_n_words, shell_edit_next;

static const char *const shell_edit_keywords[] = {"ALL", "AND", "ANALYZE",
    "AS", "ASC", "BEGIN", "BETWEEN", "BY", "CASE", "CAST", "COMMIT", "CREATE",
    "DELETE", "DESC", "DISTINCT", "DROP", "ELSE", "END", "EXISTS", "EXPLAIN",
    "FILTER", "FROM", "GLOB", "GROUP", "HAVING", "IN", "INSERT", "INTO", "IS",
    "JOIN", "LIKE", "LIMIT", "MATCH", "NOT", "NULL", "OFFSET", "ON", "OR",
    "ORDER", "OVER", "PARTITION", "PRAGMA", "RELEASE", "ROLLBACK", "ROWS",
    "SAVEPOINT", "SELECT", "SET", "TABLE", "THEN", "UNION", "UPDATE", "VALUES",
    "VIEW", "WHEN", "WHERE", "WITH",
    "avg(", "count(", "date_trunc(", "highlight(", "histogram(", "max(",
    "min(", "score()", "snippet(", "sum(", "time_bucket(", NULL};

static void shellEditOffer(const char *word, const char *start) {
  size_t n = strlen(start), i;
  for (i = 0; i < n; i++) {
    int a = (unsigned char)word[i], b = (unsigned char)start[i];
    if (a >= 'A' && a <= 'Z') a += 32;
    if (b >= 'A' && b <= 'Z') b += 32;
    if (a != b || !a) return;
  }
  for (i = 0; i < shell_edit_n_words; i++)
    if (strcmp(shell_edit_words[i], word) == 0) return;
  shell_edit_words = shellRealloc(shell_edit_words,
      (shell_edit_n_words + 1) * sizeof *shell_edit_words);
  shell_edit_words[shell_edit_n_words++] = shellDup(word);
}

/* The names in the given column of the rows of a pragma. */
static void shellEditOfferNames(const char *sql, int column,
    const char *start) {
  seine_stmt *stmt = NULL;
  if (seine_prepare_v2(shell_edit_shell->db, sql, -1, &stmt, NULL) == 0 &&
      stmt) {
    while (seine_step(stmt) == SEINE_ROW) {
      const char *z = seine_column_text(stmt, column);
      if (z) shellEditOffer(z, start);
    }
  }
  seine_finalize(stmt);
}

static void shellEditOfferSchema(const char *start) {
  seine_stmt *stmt = NULL;
  ShellBuf b = {0};
  shellEditOfferNames("PRAGMA table_list", 0, start);
  if (seine_prepare_v2(shell_edit_shell->db, "PRAGMA table_list", -1, &stmt,
          NULL) ||
      !stmt)
    goto done;
  while (seine_step(stmt) == SEINE_ROW) {
    const char *z = seine_column_text(stmt, 0);
    shellBufClear(&b);
    shellBufPuts(&b, "PRAGMA table_info(");
    shellBufName(&b, z ? z : "");
    shellBufPutc(&b, ')');
    shellEditOfferNames(b.z, 1, start);
  }
done:
  seine_finalize(stmt);
  shellBufFree(&b);
}

static void shellEditForget(void) {
  size_t i;
  for (i = shell_edit_next; i < shell_edit_n_words; i++)
    free(shell_edit_words[i]);
  free(shell_edit_words);
  shell_edit_words = NULL;
  shell_edit_n_words = shell_edit_next = 0;
}

static char *shellEditGenerate(const char *start, int state) {
  int i;
  if (state == 0) {
    shellEditForget();
    if (start[0] == '.') {
      ShellBuf b = {0};
      for (i = 0; shellDotName(i); i++) {
        shellBufClear(&b);
        shellBufPutc(&b, '.');
        shellBufPuts(&b, shellDotName(i));
        shellEditOffer(b.z, start);
      }
      shellBufFree(&b);
    } else {
      shellEditOfferSchema(start);
      for (i = 0; shell_edit_keywords[i]; i++)
        shellEditOffer(shell_edit_keywords[i], start);
    }
  }
  if (shell_edit_next >= shell_edit_n_words) return NULL;
  return shell_edit_words[shell_edit_next++]; /* readline frees it */
}

/* Behind a dot-command stand names of files: readline's own completion. */
static char **shellEditComplete(const char *text, int start, int end) {
  (void)end;
  if (start > 0 && rl_line_buffer[0] == '.') return NULL;
  rl_attempted_completion_over = 1;
  if (!*text) return NULL;
  return rl_completion_matches(text, shellEditGenerate);
}

#if defined(RL_READLINE_VERSION) && RL_READLINE_VERSION >= 0x0800
#define SHELL_EDIT_KEYS 1
/* A key.  An interrupt gives up the line: readline itself would first wait
** for another key. */
static int shellEditKey(FILE *in) {
  unsigned char c;
  for (;;) {
    ssize_t n = read(fileno(in), &c, 1);
    if (n == 1) return c;
    if (n == 0 || errno != EINTR) return EOF;
    rl_check_signals();
    if (!shell_interrupts) continue;
    rl_replace_line("", 0);
    return '\n';
  }
}
#endif

static ssize_t shellEditTyped(const char *prompt, char **line) {
  free(shell_edit_line);
  shell_edit_capacity = 0;
  shell_edit_line = readline(prompt);
  if (shell_interrupts) return -2;
  if (!shell_edit_line) {
    fputc('\n', stdout);
    return -1;
  }
  if (shell_edit_line[0]) add_history(shell_edit_line);
  *line = shell_edit_line;
  return (ssize_t)strlen(shell_edit_line);
}

static void shellEditHistoryName(void) {
  const char *name = getenv("SEINE_HISTORY"), *home = getenv("HOME");
  ShellBuf b = {0};
  if (name && *name) shell_edit_history = shellDup(name);
  if (name || !home) return;
  shellBufPuts(&b, home);
  shellBufPuts(&b, "/.config");
  mkdir(b.z, 0700); /* there already, most of the time */
  shellBufPuts(&b, "/seine");
  mkdir(b.z, 0700);
  shellBufPuts(&b, "/history");
  shell_edit_history = b.z;
}
#endif

void shellEditBegin(Shell *p) {
#ifdef SHELL_EDIT
  static char name[] = "seine";
  rl_readline_name = name;
  rl_attempted_completion_function = shellEditComplete;
#ifdef SHELL_EDIT_KEYS
  rl_getc_function = shellEditKey;
#endif
  shell_edit_shell = p;
  shellEditHistoryName();
  stifle_history(SHELL_EDIT_KEPT);
  if (shell_edit_history) read_history(shell_edit_history);
#else
  (void)p;
#endif
}

void shellEditEnd(void) {
#ifdef SHELL_EDIT
  if (shell_edit_history) write_history(shell_edit_history);
  free(shell_edit_history);
  shell_edit_history = NULL;
  shellEditForget();
#endif
  free(shell_edit_line);
  shell_edit_line = NULL;
  shell_edit_capacity = 0;
}

ssize_t shellEditLine(Shell *p, FILE *in, const char *prompt, char **line) {
#ifdef SHELL_EDIT
  if (prompt && in == stdin && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO))
    return shellEditTyped(prompt, line);
#endif
  return shellEditPlain(p, in, prompt, line);
}
