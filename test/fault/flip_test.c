/*
** flip_test [FLIPS [SEED]]: bits of a file are flipped, 1 to 8 of them within
** 64 bytes of one structure: page 0, a slot, or any extent, found by the walk
** of ../fuzz/file.h.  Nothing is signed again.  Then every statement that reads
** gives the answer it gave before, or says that the file is damaged; it never
** gives another answer.
**   1 each structure by itself: how many flips were told, how many were of no
**     use to the newest state
*/
#include "../fuzz/file.h"

static int flipCount, flipFailed;

static void flipOk(bool good, const char *what) {
  flipCount++;
  if (!good) flipFailed++;
  printf("%sok %d - %s\n", good ? "" : "not ", flipCount, what);
  fflush(stdout);
}

/* ---- answers ------------------------------------------------------------ */

static const char *const flipReads[] = {
  "SELECT * FROM t", "SELECT * FROM u", "SELECT * FROM z5",
  "SELECT k, count(*), sum(i), min(s) FROM t GROUP BY k ORDER BY k",
  "SELECT i, score() FROM t WHERE s MATCH 'common w1' ORDER BY score() DESC,"
      " i LIMIT 10",
  "SELECT count(*) FROM t WHERE s MATCH '\"common w1\" OR w*'",
  "SELECT count(*), max(i) FROM t WHERE i > 20 AND k = 'k1'",
  "PRAGMA table_info(t)",
};
#define READS SN_COUNT(flipReads)

typedef struct Answer {
  int rc;
  u64 hash;
} Answer;

static int flipRow(void *arg, int n, char **text, char **name) {
  u64 *h = arg;
  for (int i = 0; i < n; i++) {
    *h = snHash(name[i], strlen(name[i]), *h);
    *h = text[i] ? snHash(text[i], strlen(text[i]), *h) : *h * 31 + 7;
  }
  return 0;
}

/* What the file at p says; of one that does not open, that to everything. */
static void flipAsk(const u8 *p, u64 n, bool map, Answer *out) {
  seine *db = NULL;
  int flags = SEINE_OPEN_READONLY | (map ? 0 : SEINE_OPEN_NOMAP), rc = 1;
  if (filePut(p, n)) rc = seine_open_v2(filePath, &db, flags, "memory");
  for (u32 i = 0; i < READS; i++) {
    out[i] = (Answer){rc, 1};
    if (!rc)
      out[i].rc = seine_exec(db, flipReads[i], flipRow, &out[i].hash, NULL);
  }
  seine_close(db);
}

/* ---- flips -------------------------------------------------------------- */

/* Begin and end of the structure that is hit. */
static void flipWhere(const Good *g, int kind, u64 *from, u64 *to) {
  u32 i;
  if (kind < 0) { /* page 0, or a slot */
    *from = kind == -2 ? 0 : (1 + fileRandom(4)) * SN_PAGE;
    *to = *from + (kind == -2 ? 56 : SN_PAGE);
    return;
  }
  do i = (u32)fileRandom(g->npiece); while (g->piece[i].kind != (Kind)kind);
  *from = g->piece[i].page * SN_PAGE;
  *to = *from + g->piece[i].len;
  if (kind == KIND_SEGMENT && fileRandom(4)) {
    *from += changeSegment(g->p + *from, g->piece[i].len);
  } else if (kind >= 0) {
    *to += 8 * ((g->piece[i].len + 65535) / 65536); /* its checksums, too */
  }
}

static u32 flipTold, flipSame;
static u64 flipAllTold, flipAll;

/* One file with flips; false: it lied. */
static bool flipOne(const Good *g, int kind, u8 *p, const Answer *want) {
  Answer got[READS];
  u64 from, to, at;
  bool told = false;
  flipWhere(g, kind, &from, &to);
  at = from + fileRandom(to - from);
  to = SN_MIN(to, at + 64);
  for (u64 k = fileRandom(2) ? 1 : 1 + fileRandom(8); k; k--)
    p[at + fileRandom(to - at)] ^= (u8)(1u << fileRandom(8));
  flipAsk(p, g->n, fileRandom(2), got);
  memcpy(p + at, g->p + at, to - at);
  for (u32 i = 0; i < READS; i++) {
    if (got[i].rc == want[i].rc && got[i].hash == want[i].hash) continue;
    told = true;
    if (got[i].rc == SEINE_CORRUPT || got[i].rc == SEINE_NOTADB) continue;
    printf("# byte %llu: rc %d, not %d: %s\n", (unsigned long long)at,
        got[i].rc, want[i].rc, flipReads[i]);
    return false;
  }
  flipTold += told;
  flipSame += !told;
  return true;
}

static void flipFile(u32 which, u32 flips) {
  static const char *const names[] = {"every type", "long lists",
    "many tables"};
  static Good good;
  Good *g = &good;
  Answer want[READS];
  char text[120];
  u8 *p;
  if (!fileMake(g, which)) {
    flipOk(false, names[which]);
    return;
  }
  p = malloc(g->n);
  if (!p) exit(1);
  memcpy(p, g->p, g->n);
  flipAsk(p, g->n, false, want);
  for (int kind = -2; kind < (int)KINDS; kind++) {
    bool honest = true;
    u32 n = 0;
    if (kind >= 0 && !g->found[kind]) continue;
    flipTold = flipSame = 0;
    for (; honest && n < flips; n++) honest = flipOne(g, kind, p, want);
    snprintf(text, sizeof text, "%s, %s: %u told, %u without harm",
        names[which], kind == -2 ? "header" : kind == -1 ? "slots"
        : kindNames[kind], flipTold, flipSame);
    flipOk(honest, text);
    flipAllTold += flipTold;
    flipAll += n;
  }
  free(p);
  free(g->p);
}

int main(int argc, char **argv) {
  u64 flips = argc > 1 ? strtoull(argv[1], NULL, 10)
      : getenv("SEINE_QUICK") ? 400 : 4000;
  if (argc > 2) fileState ^= strtoull(argv[2], NULL, 10) * 0x9e3779b97f4a7c15;
  /* 7 to 9 kinds in a file; those of the second are read for longest. */
  flipFile(0, (u32)(flips / 14 + 1));
  flipFile(1, (u32)(flips / 180 + 1));
  flipFile(2, (u32)(flips / 14 + 1));
  printf("# %llu flips, %llu told\n", (unsigned long long)flipAll,
      (unsigned long long)flipAllTold);
  flipOk(flipAllTold > flipAll / 2, "most of what is read is watched");
  snOsMemory()->remove(snOsMemory(), filePath);
  printf("1..%d\n", flipCount);
  return flipFailed != 0;
}
