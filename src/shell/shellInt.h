/*
** What the files of the shell share.  The shell is a program that uses
** seine.h and the C library only; it knows no other room.
**
** Result of every function that runs something for the user:
**   SHELL_OK, SHELL_FAIL (an error was printed), SHELL_QUIT (stop reading).
** Memory: shellAlloc() and its kin end the program when memory is gone,
** since a shell has nothing better to do; they never return NULL.
*/
#ifndef SHELL_SHELLINT_H
#define SHELL_SHELLINT_H
#ifndef _XOPEN_SOURCE
#define _XOPEN_SOURCE 700
#endif
#ifndef _DEFAULT_SOURCE
#define _DEFAULT_SOURCE 1
#endif
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include "seine.h"

enum { SHELL_OK = 0, SHELL_FAIL = 1, SHELL_QUIT = 2 };

enum { /* exit codes besides 0 and those of .exit */
  SHELL_EXIT_FAILED = 1,
  SHELL_EXIT_USAGE = 2,
  SHELL_EXIT_INTERRUPTED = 130
};

enum {
  SHELL_MODE_LIST,
  SHELL_MODE_BOX,
  SHELL_MODE_TABLE,
  SHELL_MODE_COLUMN,
  SHELL_MODE_CSV,
  SHELL_MODE_TABS,
  SHELL_MODE_JSON,
  SHELL_MODE_NDJSON,
  SHELL_MODE_MARKDOWN,
  SHELL_MODE_LINE
};

#define SHELL_MAX_WIDTHS 64 /* columns that .width can speak of */
#define SHELL_MAX_ARGS 64   /* words of a dot-command */
#define SHELL_MAX_DEPTH 20  /* .read inside .read */

typedef struct ShellBuf {
  char *z; /* n bytes and a 0 byte, or NULL while nothing was added */
  size_t n, cap;
} ShellBuf;

/* A result being kept for a mode that must see it whole. */
typedef struct ShellGrid {
  ShellBuf text;    /* the cells, made harmless, one after the other */
  size_t *ends;     /* end of cell i in text; row-major, header first */
  char *numeric;    /* per cell: 1 when it is a number */
  size_t n, cap;    /* cells */
  int columns;
} ShellGrid;

typedef struct Shell {
  seine *db;
  char *path;       /* as it was given to open */
  int open_flags;   /* SEINE_OPEN_... */
  FILE *out;        /* where results go: stdout, a file or a pipe */
  char *out_name;   /* NULL for stdout; starts with | for a pipe */
  int out_once;     /* 2: set by this command, 1: back to stdout after it */
  int interactive;  /* prompts, and goes on after an interrupt */
  int tty_out;      /* stdout is a terminal */
  int mode;         /* SHELL_MODE_... */
  int headers;      /* 1 on, 0 off, -1 as the mode likes it */
  char *separator, *row_separator, *null_text;
  int widths[SHELL_MAX_WIDTHS], n_widths;
  int echo, bail, timer, explain, changes;
  int errors;       /* 1 when something failed */
  int exit_code;    /* of .exit, or -1 */
  int depth;        /* of .read */
  const char *source; /* file being read, NULL for standard input */
  int64_t line;     /* where the current text starts; 0: nowhere */
  const char *text; /* the current text: prepare gets a part of it */
  int64_t rows;     /* of the current statement */
  int first_row;    /* nothing was written of the current result yet */
  ShellGrid grid;
} Shell;

/* Signals seen since the last prompt. */
extern volatile sig_atomic_t shell_interrupts;
extern volatile sig_atomic_t shell_broken_pipe;

/* ---- from shell.c ------------------------------------------------------- */

/* Opens path with p->open_flags in place of the connection at hand, which is
** kept when the open fails. */
int shellOpen(Shell *p, const char *path);

/* Reads statements and dot-commands from in up to its end.  name is for
** messages, NULL: standard input. */
int shellReadFile(Shell *p, FILE *in, const char *name, int prompt);
int shellReadNamed(Shell *p, const char *name); /* a path or |command */

/* ---- from shell_run.c --------------------------------------------------- */

/* Runs every statement of the n bytes at sql; stops at the first failure. */
int shellRunSql(Shell *p, const char *sql, size_t n);
/* Runs one whole statement list or one dot-command. */
int shellRunText(Shell *p, const char *text, size_t n, int64_t line);
/* Prints "Error: ..." with the place in the source; returns SHELL_FAIL. */
int shellError(Shell *p, const char *fmt, ...);
/* The last error of the connection, with the excerpt of sql. */
int shellSqlError(Shell *p, const char *sql, size_t n);
/* Prepares a statement of the shell's own; prints its error. */
int shellPrepare(Shell *p, const char *sql, seine_stmt **stmt);
double shellNow(void); /* seconds of the wall clock that never jumps */

/* ---- from shell_dot.c --------------------------------------------------- */

int shellDotRun(Shell *p, const char *text); /* text starts with '.' */
/* The i-th command's name, NULL behind the last. */
const char *shellDotName(int i);
/* Sends results to stdout again. */
void shellDotResetOutput(Shell *p);

/* ---- from shell_out.c --------------------------------------------------- */

/* A mode by name or unique prefix, or -1.  The i-th name, NULL behind. */
int shellOutMode(const char *name);
const char *shellOutModeName(int i);
void shellOutSetMode(Shell *p, int mode);
int shellOutHeaders(const Shell *p); /* 1 when a header is to be shown */

/* A result: begin, a row for each step that gave one, end.  ok = 0: it was
** cut short by an error.  They return SHELL_QUIT when nobody reads. */
void shellOutBegin(Shell *p, seine_stmt *stmt);
int shellOutRow(Shell *p, seine_stmt *stmt);
int shellOutEnd(Shell *p, seine_stmt *stmt, int ok);
/* Steps stmt to its end and writes its rows where filter is NULL or LIKE the
** text of the first column. */
int shellOutAll(Shell *p, seine_stmt *stmt, const char *filter);
/* Was all of it taken?  Prints an error when the disk is full. */
int shellOutCheck(Shell *p);

/* ---- from shell_dump.c -------------------------------------------------- */

enum { SHELL_DUMP_SQL, SHELL_DUMP_NDJSON, SHELL_DUMP_SAVE };

/* The database, or what is LIKE a pattern, as SQL or as NDJSON.  SAVE: as SQL,
** and a table that cannot be read does not end it. */
int shellDump(Shell *p, const char *pattern, int how);
/* What can be read of a damaged file as SQL; what cannot, on stderr. */
int shellDumpRecover(Shell *p, const char *path);

/* ---- from shell_grid.c -------------------------------------------------- */

void shellGridBegin(ShellGrid *g, int columns);
void shellGridAdd(ShellGrid *g, const char *z, size_t n, int numeric);
void shellGridDraw(Shell *p, ShellGrid *g);
void shellGridFree(ShellGrid *g);
int shellGridTerminalWidth(void);

/* ---- from shell_import.c ------------------------------------------------ */

int shellImport(Shell *p, int format, const char *file, const char *table);

/* ---- from shell_edit.c -------------------------------------------------- */

/* A line without its end, in *line, which is good until the next call and
** has room for one more byte.  prompt NULL: none, and no editing.
** Returns its length, -1 at the end, -2 after an interrupt. */
ssize_t shellEditLine(Shell *p, FILE *in, const char *prompt, char **line);
void shellEditBegin(Shell *p); /* history and completion */
void shellEditEnd(void);

/* ---- from shell_text.c -------------------------------------------------- */

void *shellAlloc(size_t n);
void *shellRealloc(void *z, size_t n);
char *shellDup(const char *z);
void shellBufAdd(ShellBuf *b, const char *z, size_t n);
void shellBufPuts(ShellBuf *b, const char *z);
void shellBufPutc(ShellBuf *b, int c);
void shellBufName(ShellBuf *b, const char *name); /* in double quotes */
void shellBufClear(ShellBuf *b); /* keeps the memory */
void shellBufFree(ShellBuf *b);

/* Bytes of the character at z (z < end) and its code point; a byte that is
** no UTF-8 counts as one character, 0xFFFD, and sets *bad. */
size_t shellUtfDecode(const char *z, const char *end, uint32_t *c, int *bad);
int shellUtfWidth(uint32_t c); /* columns on a terminal: 0, 1 or 2 */
/* Bytes of a colour escape (ESC [ digits m) at z, or 0. */
size_t shellSgrLength(const char *z, const char *end);
/* Adds text that does a terminal no harm: control characters become ^X and
** broken bytes U+FFFD; line ends, colours and (keep_tabs) tabs stay. */
void shellBufAddSafe(ShellBuf *b, const char *z, size_t n, int keep_tabs);
/* Columns that the n bytes need, line ends not thought of. */
size_t shellTextWidth(const char *z, size_t n);

int shellLike(const char *pattern, const char *text); /* % * _, no case */
/* The candidate nearest to a word, when one is near enough. */
typedef struct ShellNear {
  const char *word, *best;
  int distance;
} ShellNear;
void shellNearBegin(ShellNear *s, const char *word);
void shellNearTry(ShellNear *s, const char *candidate);

/* Behind blanks and whole comments; NULL when a comment does not end. */
const char *shellSkipBlank(const char *z, const char *end);

#endif
