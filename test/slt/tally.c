/*
** tally: what passed, failed, was skipped, and why.
**
** A child counts in memory that it shares with the parent, and at its end
** writes its groups to a file, a line each:  F|S count reason \t first place
*/
#include "slt.h"

#define TALLY_SLOTS 4096 /* a power of 2 */

typedef struct Group {
  char *reason, *where;
  long n;
  int is_failure;
} Group;

typedef struct Folder {
  char *name;
  Tally sum;
} Folder;

static Group tallyGroups[TALLY_SLOTS];
static int tallyUsed;
static Folder *tallyFolders;
static size_t tallyNFolders, tallyFolderCap;

/* ---- texts -------------------------------------------------------------- */

void *grown(void *p, size_t n, size_t *cap, size_t size) {
  if (n <= *cap) return p;
  *cap = n > 64 ? n * 2 : 128;
  p = realloc(p, *cap * size);
  if (p) return p;
  fprintf(stderr, "slt: out of memory\n");
  exit(2);
}

void textClear(Text *t) {
  t->n = 0;
  if (t->p) *t->p = 0;
}

void textAdd(Text *t, const void *p, size_t n) {
  t->p = grown(t->p, t->n + n + 1, &t->cap, 1);
  if (n) memcpy(t->p + t->n, p, n);
  t->n += n;
  t->p[t->n] = 0;
}

void textAddStr(Text *t, const char *s) {
  textAdd(t, s, strlen(s));
}

static char *tallyCopy(const char *s) {
  Text t = {0};
  textAddStr(&t, s);
  return t.p;
}

/* ---- groups ------------------------------------------------------------- */

void tallyReason(const char *m, char *out, size_t n) {
  int token = !strncmp(m, "syntax error", 12);
  int name = !strncmp(m, "no such function", 16);
  size_t k = 0;
  while (*m && *m != '\n' && k + 4 < n) {
    if (!strncmp(m, " (did you mean", 14)) break;
    if (*m == ':' && m[1] == ' ' && !name) break;
    if (*m >= '0' && *m <= '9') {
      out[k++] = 'N';
      while ((*m >= '0' && *m <= '9') || *m == '.') m++;
    } else if ((*m == '\'' || *m == '"') && !token) {
      const char *end = strchr(m + 1, *m);
      if (!end) break;
      memcpy(out + k, "'.'", 3);
      k += 3;
      m = end + 1;
    } else {
      out[k++] = *m++;
    }
  }
  out[k] = 0;
}

void tallyNote(int is_failure, const char *reason, long n,
    const char *where) {
  unsigned h = 2166136261u;
  const char *p;
  Group *g;
  if (tallyUsed > TALLY_SLOTS / 2) reason = "... of other kinds";
  for (p = reason; *p; p++) h = (h ^ (unsigned char)*p) * 16777619u;
  for (;; h++) {
    g = &tallyGroups[h & (TALLY_SLOTS - 1)];
    if (!g->reason) break;
    if (g->is_failure == is_failure && !strcmp(g->reason, reason)) {
      g->n += n;
      return;
    }
  }
  *g = (Group){tallyCopy(reason), tallyCopy(where), n, is_failure};
  tallyUsed++;
}

/* The child does not begin with what its parent has gathered. */
void tallyForget(void) {
  int i;
  for (i = 0; i < TALLY_SLOTS; i++) {
    free(tallyGroups[i].reason);
    free(tallyGroups[i].where);
  }
  memset(tallyGroups, 0, sizeof tallyGroups);
  tallyUsed = 0;
}

void tallyWrite(FILE *f) {
  int i;
  for (i = 0; i < TALLY_SLOTS; i++) {
    const Group *g = &tallyGroups[i];
    char *p;
    if (!g->reason) continue;
    for (p = g->where; *p; p++)
      if (*p == '\n') *p = ' ';
    fprintf(f, "%c%ld %s\t%s\n", g->is_failure ? 'F' : 'S', g->n, g->reason,
        g->where);
  }
  fflush(f);
}

void tallyRead(FILE *f) {
  char line[4000];
  rewind(f);
  while (fgets(line, sizeof line, f)) {
    char *end, *tab = strchr(line, '\t');
    long n = strtol(line + 1, &end, 10);
    size_t len = strlen(line);
    if (len && line[len - 1] == '\n') line[len - 1] = 0;
    if (!tab || *end != ' ') continue;
    *tab = 0;
    tallyNote(*line == 'F', end + 1, n, tab + 1);
  }
}

static void tallyAdd(Tally *sum, const Tally *t) {
  sum->passed += t->passed;
  sum->failed += t->failed;
  sum->skipped += t->skipped;
}

void tallyFolder(const char *name, const Tally *t) {
  size_t i;
  for (i = 0; i < tallyNFolders; i++)
    if (!strcmp(tallyFolders[i].name, name)) break;
  if (i == tallyNFolders) {
    tallyFolders =
        grown(tallyFolders, i + 1, &tallyFolderCap, sizeof *tallyFolders);
    tallyFolders[tallyNFolders++] = (Folder){tallyCopy(name), {0}};
  }
  tallyAdd(&tallyFolders[i].sum, t);
}

/* ---- the report --------------------------------------------------------- */

/* Failures before skips, large groups before small ones. */
static int tallyOrder(const void *x, const void *y) {
  const Group *a = x, *b = y;
  if (!a->reason || !b->reason) return !a->reason - !b->reason;
  if (a->is_failure != b->is_failure) return b->is_failure - a->is_failure;
  if (a->n != b->n) return a->n < b->n ? 1 : -1;
  return strcmp(a->reason, b->reason);
}

static void tallyList(int is_failure, const char *title, int most) {
  int i, shown = 0;
  for (i = 0; i < TALLY_SLOTS; i++) {
    const Group *g = &tallyGroups[i];
    if (!g->reason || g->is_failure != is_failure) continue;
    if (!shown++) printf("\n%s\n", title);
    if (shown > most) continue;
    printf("%9ld  %s\n           %s\n", g->n, g->reason, g->where);
  }
  if (shown > most) printf("           ... and %d more\n", shown - most);
}

Tally tallySum(const Tally *t, size_t n) {
  Tally sum = {0};
  while (n--) tallyAdd(&sum, t++);
  return sum;
}

int tallyReport(int n, const char *of, double seconds, int most) {
  Tally sum = {0};
  size_t i;
  qsort(tallyGroups, TALLY_SLOTS, sizeof *tallyGroups, tallyOrder);
  printf("%9s %9s %9s  folder\n", "passed", "failed", "skipped");
  for (i = 0; i < tallyNFolders; i++) {
    const Tally *t = &tallyFolders[i].sum;
    printf("%9ld %9ld %9ld  %s\n", t->passed, t->failed, t->skipped,
        tallyFolders[i].name);
    tallyAdd(&sum, t);
  }
  printf("%9ld %9ld %9ld  in all: %d %s, %.1f s\n", sum.passed,
      sum.failed, sum.skipped, n, of, seconds);
  tallyList(1, "Failed, by reason, each with its first place:", most);
  tallyList(0, "Skipped:", most);
  fflush(stdout);
  return sum.failed > 0;
}
