/*
** file_test [ROUNDS [SEED]]: whole files with changed bytes and right
** checksums.  The test reads a file by doc/fileformat.md alone, chooses a
** kind of structure, then a place in it, changes that, and signs all that
** stands above: the extent, the references to it, the root, the slots.
**   1  the walk over the good files: every kind of extent is found, and
**      signing what did not change gives the same bytes
**   2  each section of each segment is called every other kind, each
**      dictionary of words has every combination of flags
**   3  changed files: each statement gives an answer or one of the codes that
**      a damaged file may give, with a message; reading changes no byte; the
**      handle closes; no file takes a second of the processor, nor 256 MB
** The sanitizers watch that nothing is read outside, and nothing leaks.
*/
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>
#include "file.h"
#include "store/storeInt.h"

static int fileCount, fileFailed;

static bool fileOk(bool good, const char *name) {
  printf("%sok %d - %s\n", good ? "" : "not ", ++fileCount, name);
  fflush(stdout);
  fileFailed += !good;
  return good;
}

/* ---- changes ------------------------------------------------------------ */

static void changeAt(const Good *g, u8 *p, u64 at, u64 end) {
  static const u64 odd[] = {0, 1, 2, 3, 5, 127, 128, 255, 256, 4095, 4096,
    65535, 65536, 0x7fffffff, 0x80000000, 0xfffffffe, UINT32_MAX, 1ull << 44,
    INT64_MAX, 1ull << 63, UINT64_MAX - 1, UINT64_MAX};
  static const u32 width[] = {1, 1, 2, 4, 8};
  u32 n = width[fileRandom(5)];
  u64 v = 0;
  if (fileRandom(2)) at -= at % n;
  if (at + n > end) n = 1;
  memcpy(&v, p + at, n);
  switch (fileRandom(6)) {
  case 0: v ^= 1ull << fileRandom(8 * n); break;
  case 1: v += 1; break;
  case 2: v -= 1; break;
  case 3: memcpy(&v, g->p + fileRandom(g->n - 8), n); break; /* a splice */
  default: v = odd[fileRandom(SN_COUNT(odd))];
  }
  memcpy(p + at, &v, n);
}

static Kind fileChange(const Good *g, u8 *p) {
  Kind kind;
  u32 i;
  do kind = (Kind)fileRandom(KINDS); while (!g->found[kind]);
  do i = (u32)fileRandom(g->npiece); while (g->piece[i].kind != kind);
  const Piece *x = g->piece + i;
  u8 *q = p + x->page * SN_PAGE;
  u64 len = x->len;
  memcpy(p, g->p, g->n);
  if (!fileRandom(20)) { /* cut, its checksums behind the new end */
    u64 chunks = (len + 65535) / 65536;
    len = fileRandom(len) + 1;
    memset(q + len, 0, x->len + 8 * chunks - len);
  } else {
    for (u64 k = 1 + fileRandom(3); k; k--) {
      u64 at = kind == KIND_SEGMENT
          ? changeSegment(g->p + x->page * SN_PAGE, len)
          : fileRandom(fileRandom(3) ? SN_MIN(len, 80u) : len);
      changeAt(g, q, at, len);
    }
  }
  signPiece(g, p, i, len);
  return kind;
}

/* Words of page 0 and of the slots, signed as they say. */
static void fileChangeHead(const Good *g, u8 *p) {
  u64 page = fileRandom(5);
  u8 *q = p + page * SN_PAGE;
  memcpy(p, g->p, g->n);
  changeAt(g, q, page ? fileRandom(208) : fileRandom(32), page ? 208 : 48);
  if (page) snPut64(q + 4088, snHash(q, 4088, g->seed));
  else snPut64(q + 48, snHash(q, 48, 0));
}

/* ---- asking ------------------------------------------------------------- */

static const char *const fileReads[] = {
  "SELECT * FROM t",
  "SELECT k, count(*), sum(i), min(s), max(r) FROM t GROUP BY k ORDER BY k",
  "SELECT p, d, b, count(DISTINCT s) FROM t GROUP BY p, d, b",
  "SELECT i, score(), highlight(s, '[', ']') FROM t WHERE s MATCH"
      " 'common w1' ORDER BY score() DESC LIMIT 10",
  "SELECT count(*) FROM t WHERE t MATCH '\"common w1\" OR w* -x1'",
  "SELECT i FROM t WHERE i BETWEEN 5 AND 60 AND k = 'k1' ORDER BY i DESC",
  "SELECT ai, ak, x, j FROM t WHERE array_contains(ak, 'b')",
  "SELECT t.i, u.n FROM t JOIN u ON t.k = u.k",
  "SELECT sum(i) OVER (PARTITION BY k ORDER BY i) FROM t",
  "SELECT * FROM u", "SELECT * FROM z5 WHERE s MATCH 'red'",
  "PRAGMA table_info(t)", "PRAGMA segments", "PRAGMA integrity_check",
};
static const char *const fileWrites[] = {
  "INSERT INTO t(i, s, k) VALUES (7, 'a new common row', 'k1')",
  "UPDATE t SET s = 'other words', k = 'k9' WHERE i % 4 = 1",
  "DELETE FROM t WHERE i % 3 = 0", "OPTIMIZE t",
  "ALTER TABLE t ADD COLUMN added INTEGER", "DROP TABLE u",
  "CREATE TABLE fresh(a TEXT)", "DELETE FROM t",
  "PRAGMA integrity_check", "SELECT count(*) FROM t",
};

static u32 fileAnswers, fileCodes[32];
static char fileWhy[300];

static bool fileFail(const char *what, int rc, const char *sql) {
  snprintf(fileWhy, sizeof fileWhy, "%s (%d): %s", what, rc, sql);
  return false;
}

/* ERROR: a table or a column is no more there, or has another type.
** CONSTRAINT: a column may not be NULL now, a check is there.  FULL, TOOBIG,
** READONLY: forged numbers of pages, lengths, versions.  Not NOMEM:
** no number is believed that asks for more than the file can fill. */
static bool fileCode(seine *db, int rc, const char *sql) {
  if (rc == SEINE_OK) {
    fileAnswers++;
    return true;
  }
  if (rc < 32 && rc > 0) fileCodes[rc]++;
  if (!*seine_errmsg(db)) return fileFail("no message", rc, sql);
  if (seine_errcode(db) != rc) return fileFail("another code", rc, sql);
  switch (rc) {
  case SEINE_CORRUPT: case SEINE_ERROR: case SEINE_TOOBIG: case SEINE_FULL:
  case SEINE_READONLY: case SEINE_CONSTRAINT: return true;
  case SEINE_NOTADB: case SEINE_CANTOPEN: return !*sql;
  default: return fileFail("not a code of a damaged file", rc, sql);
  }
}

static int fileRow(void *arg, int n, char **text, char **name) {
  u64 *sum = arg;
  for (int i = 0; i < n; i++)
    *sum += (text[i] ? strlen(text[i]) : 1) + strlen(name[i]);
  return 0;
}

static bool fileAsk(seine *db, const char *const *list, u32 n) {
  u64 sum = 0;
  for (u32 i = 0; i < n; i++)
    if (!fileCode(db, seine_exec(db, list[i], fileRow, &sum, NULL), list[i]))
      return false;
  return true;
}

static bool fileUntouched(const u8 *p, u8 *now, u64 n) {
  Vfs *v = snOsMemory();
  File *f;
  u64 size = 0;
  if (v->open(v, filePath, 0, &f)) return false;
  int rc = f->ops->size(f, &size);
  if (!rc && size == n) rc = f->ops->read(f, 0, now, n);
  f->ops->close(f);
  return !rc && size == n && !memcmp(p, now, n);
}

static double fileSlowest; /* seconds of the processor */

static double fileClock(void) { return (double)clock() / CLOCKS_PER_SEC; }

static long fileMegabytes(void) {
  struct rusage u;
  getrusage(RUSAGE_SELF, &u);
  return u.ru_maxrss / 1024;
}

/* Opens what p holds, asks everything, writes every other time. */
static bool fileTry(const u8 *p, u8 *now, u64 n, bool write) {
  seine *db = NULL;
  double from = fileClock();
  alarm(60); /* a hang that no timeout ends */
  if (!filePut(p, n)) return fileFail("cannot be put", 0, "");
  int rc = seine_open_v2(filePath, &db, SEINE_OPEN_READWRITE
      | SEINE_OPEN_NOMAP, "memory");
  bool good = fileCode(db, rc, "");
  if (!rc) {
    good = good && !fileRun(db, "PRAGMA timeout = 20000;"
        "PRAGMA memory_limit = 60000000");
    good = good && fileAsk(db, fileReads, SN_COUNT(fileReads));
    if (good && !fileUntouched(p, now, n))
      good = fileFail("reading wrote", 0, "");
    if (good && write)
      good = fileAsk(db, fileWrites, SN_COUNT(fileWrites));
  }
  rc = seine_close(db);
  alarm(0);
  fileSlowest = SN_MAX(fileSlowest, fileClock() - from);
  if (fileClock() - from > 1) return fileFail("more than a second", rc, "");
  return good && rc ? fileFail("close", rc, "") : good;
}

/* One byte is another; then all is asked, and written. */
static bool fileByte(const Good *g, u32 i, size_t at, u8 byte, u8 *p,
    u8 *now) {
  memcpy(p, g->p, g->n);
  p[at] = byte;
  signPiece(g, p, i, g->piece[i].len);
  if (fileTry(p, now, g->n, byte % 2)) return true;
  printf("# byte %zu is %u: %s\n", at, byte, fileWhy);
  return false;
}

/* The table of a segment calls a section another kind, or a dictionary has
** other flags: readers that trust them would take numbers for strings, or
** positions for there. */
static void fileKinds(const Good *g, const char *name) {
  u8 *p = malloc(g->n + 64), *now = malloc(g->n);
  char text[80];
  bool good = p && now;
  u32 tries = 0;
  for (u32 i = 0; good && i < g->npiece; i++) {
    const Piece *x = g->piece + i;
    if (x->kind != KIND_SEGMENT) continue;
    const u8 *q = g->p + x->page * SN_PAGE, *end = q + x->len - 16;
    Rd r = {.p = end - snGet32(end), .end = end};
    size_t from = (size_t)(q - g->p);
    while (good && r.p < end) {
      size_t at = (size_t)(r.p - g->p);
      u8 is = snRdByte(&r);
      (void)snRdVarint(&r);
      for (u8 kind = 1; good && kind <= 13; kind++, tries++)
        good = fileByte(g, i, at, kind, p, now);
      for (u8 flags = 0; good && is == 5 && flags < 16; flags++, tries++)
        good = fileByte(g, i, from + 4, flags, p, now);
      from = (from + snRdVarint(&r) + 7) & ~(size_t)7;
    }
  }
  snprintf(text, sizeof text, "%s: %u kinds and flags", name, tries);
  fileOk(good && tries, text);
  free(p);
  free(now);
}

static void fileRounds(const Good *g, const char *name, u32 rounds) {
  u8 *p = malloc(g->n + 64), *now = malloc(g->n);
  char text[80];
  bool good = p && now;
  u32 i = 0;
  for (; good && i < rounds; i++) {
    const char *what = "head";
    if (i % 8 == 7) fileChangeHead(g, p);
    else what = kindNames[fileChange(g, p)];
    good = fileTry(p, now, g->n, i % 2);
    if (!good) printf("# round %u, %s: %s\n", i, what, fileWhy);
  }
  snprintf(text, sizeof text, "%s: %u changed files", name, i);
  fileOk(good, text);
  free(p);
  free(now);
}

/* Forged slots contradict each other: which of them is needed is not known. */
static void fileTold(const char *text) { (void)text; }

int main(int argc, char **argv) {
  static const char *const names[] = {"every type", "long lists",
    "many tables"};
  static const u32 share[] = {12, 1, 7}; /* of 20 rounds */
  static Good good[3];
  u32 rounds = argc > 1 ? (u32)strtoul(argv[1], NULL, 10) : 10000;
  u32 found[KINDS] = {0};
  snWatchTell(fileTold);
  for (u32 i = 0; i < 3; i++) {
    Good *g = good + i;
    u8 *p;
    if (!fileOk(fileMake(g, i), names[i])) return 1;
    p = malloc(g->n);
    memcpy(p, g->p, g->n);
    for (u32 k = 0; k < g->npiece; k++) signPiece(g, p, k, g->piece[k].len);
    fileOk(!memcmp(p, g->p, g->n), "signed again: the same bytes");
    free(p);
    for (u32 k = 0; k < KINDS; k++) found[k] += g->found[k];
  }
  for (u32 k = 0; k < KINDS; k++) fileOk(found[k] > 0, kindNames[k]);
  if (argc > 2) fileState ^= strtoull(argv[2], NULL, 10) * 0x9e3779b97f4a7c15;
  fileKinds(good, names[0]);
  fileKinds(good + 2, names[2]);
  for (u32 i = 0; i < 3; i++)
    fileRounds(good + i, names[i], rounds * share[i] / 20);
  printf("# %u answers, %u times CORRUPT, %u ERROR; the slowest file took %.2f"
      " s, all of them %ld MB\n", fileAnswers, fileCodes[SEINE_CORRUPT],
      fileCodes[SEINE_ERROR], fileSlowest, fileMegabytes());
  fileOk(fileMegabytes() < 256, "less than 256 MB");
  fileOk(fileAnswers > rounds && fileCodes[SEINE_CORRUPT] > rounds / 4,
      "some answer, some are refused");
  snOsMemory()->remove(snOsMemory(), filePath);
  for (u32 i = 0; i < 3; i++) free(good[i].p);
  printf("1..%d\n", fileCount);
  return fileFailed != 0;
}
