/*
** .import: opens a file, standard input or a command, unpacks what is
** compressed through the program that knows it, and feeds the pieces to the
** bulk loader.
**
** 1. All or nothing: an error, an interrupt or a command that failed leaves
**    the database as it was.
** 2. Compression is told by the first bytes, not by the name.
** 3. The progress line goes to stderr, and only to a terminal; the summary
**    goes where results go.
*/
#include "shell/shellInt.h"
#include <ctype.h>
#include <fcntl.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define SHELL_IMPORT_PIECE ((size_t)1 << 20)
#define SHELL_IMPORT_TICK 0.1 /* seconds between two progress lines */

typedef struct ShellImportPack {
  unsigned char magic[6];
  size_t n;
  const char *program;
} ShellImportPack;

static const ShellImportPack shell_import_packs[] = {
    {{0x1f, 0x8b}, 2, "gzip"},
    {{0x28, 0xb5, 0x2f, 0xfd}, 4, "zstd"},
    {{'B', 'Z', 'h'}, 3, "bzip2"},
    {{0xfd, '7', 'z', 'X', 'Z', 0}, 6, "xz"},
};

typedef struct ShellImportSource {
  const char *name;    /* as the user wrote it */
  const char *program; /* that unpacks, or NULL */
  int in;              /* what is read: a file, a pipe */
  int raw;             /* the file itself, for the progress; or in */
  FILE *command;       /* of '|command' */
  pid_t children[2];   /* unpacker and feeder, or 0 */
  int64_t size;        /* of the file, or 0 */
  char *head;          /* bytes that were read to see the magic */
  size_t n_head, at_head;
} ShellImportSource;

static ssize_t shellImportReadFd(int fd, char *z, size_t n) {
  ssize_t k;
  do k = read(fd, z, n);
  while (k < 0 && errno == EINTR && !shell_interrupts);
  return k;
}

static int shellImportUnread(Shell *p, const ShellImportSource *s) {
  if (shell_interrupts)
    return shellError(p, "interrupted: nothing was imported");
  return shellError(p, "cannot read %s: %s", s->name, strerror(errno));
}

/* A child that hands the unpacker what was read already, and then the rest.
** It lets go of every other file, so that no lock outlives the shell. */
static void shellImportFeeder(ShellImportSource *s, int out) {
  char z[65536];
  const char *from = s->head;
  ssize_t n = (ssize_t)s->n_head;
  int fd;
  for (fd = 3; fd < 1024; fd++)
    if (fd != out && fd != s->raw) close(fd);
  while (n > 0) {
    ssize_t k = write(out, from, (size_t)n);
    if (k <= 0) break;
    from += k;
    n -= k;
    if (n > 0) continue;
    from = z;
    n = read(s->raw, z, sizeof z);
  }
  _exit(0);
}

static pid_t shellImportSpawn(const char *program, int in, int out) {
  pid_t pid = fork();
  if (pid) return pid;
  if (dup2(in, STDIN_FILENO) >= 0 && dup2(out, STDOUT_FILENO) >= 0) {
    if (in > 2) close(in);
    if (out > 2) close(out);
    execlp(program, program, "-dc", (char *)NULL);
  }
  fprintf(stderr, "cannot run %s: %s\n", program, strerror(errno));
  _exit(127);
}

static int shellImportUnpack(Shell *p, ShellImportSource *s) {
  int out[2] = {-1, -1}, between[2] = {-1, -1}, in = s->raw;
  int seekable = lseek(s->raw, 0, SEEK_CUR) != (off_t)-1 &&
      lseek(s->raw, -(off_t)s->n_head, SEEK_CUR) != (off_t)-1;
  fflush(NULL);
  if (pipe(out)) return shellError(p, "no pipe: %s", strerror(errno));
  fcntl(out[0], F_SETFD, FD_CLOEXEC);
  if (!seekable) {
    if (pipe(between)) {
      close(out[0]);
      close(out[1]);
      return shellError(p, "no pipe: %s", strerror(errno));
    }
    fcntl(between[1], F_SETFD, FD_CLOEXEC);
    s->children[1] = fork();
    if (s->children[1] == 0) shellImportFeeder(s, between[1]);
    in = between[0];
  }
  s->children[0] = shellImportSpawn(s->program, in, out[1]);
  close(out[1]);
  if (between[0] >= 0) close(between[0]);
  if (between[1] >= 0) close(between[1]);
  s->in = out[0];
  s->n_head = 0;
  if (s->children[0] < 0 || s->children[1] < 0)
    return shellError(p, "cannot start %s: %s", s->program, strerror(errno));
  return SHELL_OK;
}

static int shellImportOpen(Shell *p, ShellImportSource *s) {
  struct stat st;
  size_t i;
  fflush(NULL);
  if (s->name[0] == '|') {
    s->command = popen(s->name + 1, "r");
    s->in = s->command ? fileno(s->command) : -1;
  } else if (strcmp(s->name, "-") == 0) {
    s->in = dup(STDIN_FILENO);
  } else {
    s->in = open(s->name, O_RDONLY | O_CLOEXEC);
  }
  s->raw = s->in;
  if (s->in < 0)
    return shellError(p, "cannot open %s: %s", s->name, strerror(errno));
  if (fstat(s->in, &st) == 0 && S_ISDIR(st.st_mode))
    return shellError(p, "%s is a directory", s->name);
  if (fstat(s->in, &st) == 0 && S_ISREG(st.st_mode)) s->size = st.st_size;
  s->head = shellAlloc(SHELL_IMPORT_PIECE);
  while (s->n_head < 6) {
    ssize_t k = shellImportReadFd(s->in, s->head + s->n_head, 6 - s->n_head);
    if (k < 0) return shellImportUnread(p, s);
    if (k == 0) break;
    s->n_head += (size_t)k;
  }
  for (i = 0; i < 4; i++) {
    const ShellImportPack *pack = &shell_import_packs[i];
    if (s->n_head < pack->n || memcmp(s->head, pack->magic, pack->n)) continue;
    s->program = pack->program;
    return shellImportUnpack(p, s);
  }
  return SHELL_OK;
}

static int shellImportStatus(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) :
      WIFSIGNALED(status) ? 128 + WTERMSIG(status) : 1;
}

/* Closes all; 0, or the exit code of the program that failed.  Reading may
** have stopped early, so the pipes close before their writers are awaited. */
static int shellImportClose(ShellImportSource *s) {
  int i, status, code = 0;
  if (s->in >= 0 && s->in != s->raw) close(s->in);
  if (s->raw >= 0 && !s->command) close(s->raw);
  for (i = 0; i < 2; i++) {
    pid_t r;
    if (s->children[i] <= 0) continue;
    do r = waitpid(s->children[i], &status, 0);
    while (r < 0 && errno == EINTR);
    if (r > 0 && i == 0) code = shellImportStatus(status);
  }
  if (s->command) {
    status = pclose(s->command);
    if (status > 0 && code == 0) code = shellImportStatus(status);
  }
  free(s->head);
  return code;
}

static ssize_t shellImportRead(ShellImportSource *s, char *z, size_t n) {
  if (s->at_head < s->n_head) {
    if (n > s->n_head - s->at_head) n = s->n_head - s->at_head;
    memcpy(z, s->head + s->at_head, n);
    s->at_head += n;
    return (ssize_t)n;
  }
  return shellImportReadFd(s->in, z, n);
}

/* The extension helps where the first bytes cannot: a CSV of one column. */
static int shellImportFormat(const char *name) {
  static const char *const ends[] = {".csv", ".tsv", ".ndjson", ".jsonl"};
  static const char *const packed[] = {".gz", ".zst", ".bz2", ".xz"};
  static const int formats[] = {SEINE_IMPORT_CSV, SEINE_IMPORT_TSV,
      SEINE_IMPORT_NDJSON, SEINE_IMPORT_NDJSON};
  size_t n = strlen(name), i, k;
  if (name[0] == '|') return SEINE_IMPORT_AUTO;
  for (i = 0; i < 4; i++) {
    k = strlen(packed[i]);
    if (n > k && strcasecmp(name + n - k, packed[i]) == 0) {
      n -= k;
      break;
    }
  }
  for (i = 0; i < 4; i++) {
    k = strlen(ends[i]);
    if (n > k && strncasecmp(name + n - k, ends[i], k) == 0) return formats[i];
  }
  return SEINE_IMPORT_AUTO;
}

static const char *shellImportFormatName(int format) {
  static const char *const names[] = {"auto", "ndjson", "csv", "tsv", "lines",
      "access log"};
  return format >= 0 && format < 6 ? names[format] : "?";
}

static void shellImportProgress(const ShellImportSource *s,
    seine_import *imp, double seconds) {
  seine_import_stats st = {0};
  char bar[25];
  double part = 0;
  seine_import_status(imp, &st);
  if (seconds < 1e-6) seconds = 1e-6;
  if (s->size > 0) {
    off_t at = lseek(s->raw, 0, SEEK_CUR); /* shared with the unpacker */
    part = at > 0 ? (double)at / (double)s->size : 0;
    if (part > 1) part = 1;
  }
  fprintf(stderr, "\r\033[K");
  if (s->size > 0) {
    memset(bar, '.', sizeof bar - 1);
    memset(bar, '#', (size_t)(part * (double)(sizeof bar - 1)));
    bar[sizeof bar - 1] = 0;
    fprintf(stderr, "[%s] %3d%%  ", bar, (int)(part * 100));
  }
  fprintf(stderr, "%" PRId64 " rows  %.0f rows/s  %.1f MB/s", st.rows,
      (double)st.rows / seconds, (double)st.bytes / 1e6 / seconds);
  if (st.rejects) fprintf(stderr, "  %" PRId64 " rejects", st.rejects);
  fflush(stderr);
}

static int shellImportFeed(Shell *p, ShellImportSource *s,
    seine_import *imp, double start) {
  char *z = shellAlloc(SHELL_IMPORT_PIECE);
  int show = isatty(STDERR_FILENO), shown = 0, rc = SHELL_OK;
  double last = start;
  for (;;) {
    ssize_t n = shellImportRead(s, z, SHELL_IMPORT_PIECE);
    if (n < 0 || shell_interrupts) {
      rc = shellImportUnread(p, s);
      break;
    }
    if (n == 0) break;
    if (seine_import_feed(imp, z, (size_t)n)) {
      if (shown) fprintf(stderr, "\r\033[K");
      rc = shellError(p, "%s",
          shell_interrupts ? "interrupted: nothing was imported" :
                             seine_errmsg(p->db));
      break;
    }
    if (show && shellNow() - last > SHELL_IMPORT_TICK) {
      last = shellNow();
      shown = 1;
      shellImportProgress(s, imp, last - start);
    }
  }
  if (shown) fprintf(stderr, "\r\033[K");
  free(z);
  return rc;
}

/* A name as SQL wants it: quoted when it is no plain word. */
static void shellImportName(FILE *out, const char *table, const char *more) {
  const char *z = table;
  int plain = isalpha((unsigned char)*z) || *z == '_';
  for (; *z && plain; z++)
    plain = isalnum((unsigned char)*z) || *z == '_';
  if (plain) {
    fprintf(out, "%s%s", table, more);
    return;
  }
  fputc('"', out);
  for (z = table; *z; z++) {
    if (*z == '"') fputc('"', out);
    fputc(*z, out);
  }
  fprintf(out, "%s\"", more);
}

static void shellImportSummary(Shell *p, const char *table,
    const seine_import_stats *st, double seconds) {
  double s = seconds < 1e-6 ? 1e-6 : seconds;
  fprintf(p->out, "imported %" PRId64 " row%s into %s (%" PRId64
      " reject%s) in %.2f s, %.0f rows/s, %.1f MB/s, %s%s\n",
      st->rows, st->rows == 1 ? "" : "s", table, st->rejects,
      st->rejects == 1 ? "" : "s", seconds, (double)st->rows / s,
      (double)st->bytes / 1e6 / s, shellImportFormatName(st->format),
      st->created ? ", table created" : "");
  if (st->rejects == 0) return;
  fprintf(p->out, "rejects: SELECT line, reason, text FROM ");
  shellImportName(p->out, table, "_rejects");
  fprintf(p->out, " ORDER BY line;\n");
}

int shellImport(Shell *p, int format, const char *file, const char *table) {
  ShellImportSource s = {0};
  seine_import_stats st = {0};
  seine_import *imp = NULL;
  double start = shellNow();
  int rc, code;
  s.name = file;
  s.in = s.raw = -1;
  if (format == SEINE_IMPORT_AUTO) format = shellImportFormat(file);
  rc = shellImportOpen(p, &s);
  if (rc == SHELL_OK && seine_import_begin(p->db, table, format, &imp))
    rc = shellError(p, "%s", seine_errmsg(p->db));
  if (rc == SHELL_OK) rc = shellImportFeed(p, &s, imp, start);
  code = shellImportClose(&s);
  if (rc == SHELL_OK && code)
    rc = shellError(p, "%s failed with exit code %d: nothing was imported",
        s.program ? s.program : file, code);
  if (imp && seine_import_end(imp, rc == SHELL_OK, &st) && rc == SHELL_OK)
    rc = shellError(p, "%s", seine_errmsg(p->db));
  if (rc == SHELL_OK) shellImportSummary(p, table, &st, shellNow() - start);
  return rc;
}
