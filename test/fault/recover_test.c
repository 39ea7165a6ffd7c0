/*
** recover_test [ROUNDS [SEED]]: what SEINE_OPEN_RECOVER saves of damaged files.
** A file is read by doc/fileformat.md alone (../fuzz/file.h); bytes of one
** structure are changed, and its checksums left wrong, or made right again.
**   1  an undamaged file: all rows, nothing is lost
**   2  each section of each segment: every row is there, and in every column
**      but that of the section it is as it was; of a wrong checksum PRAGMA
**      lost says so
**   3  each other structure of a table: no row of another table is touched;
**      of its own table each row of another segment is there
**   4  header, slots, root, nodes, objects: rows of all tables, or of a state
**      before; never a crash
*/
#include "../fuzz/file.h"

static int recoverCount, recoverFailed;

static void recoverOk(bool good, const char *what) {
  recoverCount++;
  if (!good) recoverFailed++;
  printf("%sok %d - %s\n", good ? "" : "not ", recoverCount, what);
  fflush(stdout);
}

/* ---- what is in a file -------------------------------------------------- */

#define COLUMNS 16u
#define ROWS    2000u

/* A hash for each value, 0 for NULL. */
typedef struct Rows {
  int rc;
  u32 n, ncol;
  u64 cell[ROWS][COLUMNS];
} Rows;

static int recoverRow(void *arg, int n, char **text, char **name) {
  Rows *r = arg;
  (void)name;
  r->ncol = (u32)n;
  for (int i = 0; i < n && r->n < ROWS && i < (int)COLUMNS; i++)
    r->cell[r->n][i] = text[i] ? snHash(text[i], strlen(text[i]), 7) | 1 : 0;
  r->n++;
  return 0;
}

static int recoverLine(void *arg, int n, char **text, char **name) {
  u32 *lines = arg;
  (void)n, (void)text, (void)name;
  ++*lines;
  return 0;
}

static void recoverTable(seine *db, const char *sql, Rows *out) {
  out->n = out->ncol = 0;
  out->rc = seine_exec(db, sql, recoverRow, out, NULL);
}

typedef struct Saved {
  Rows t, u;
  u32 lost;
  bool opened;
} Saved;

/* Which second table a file has. */
static const char *recoverOther(u32 which) {
  return which == 2 ? "SELECT * FROM z5" : "SELECT * FROM u";
}

static void recoverRead(const u8 *p, u64 n, u32 which, Saved *out) {
  seine *db = NULL;
  out->lost = 0;
  int flags = SEINE_OPEN_RECOVER | (fileRandom(2) ? SEINE_OPEN_NOMAP : 0);
  out->opened = filePut(p, n) && !seine_open_v2(filePath, &db, flags, "memory");
  recoverTable(db, "SELECT * FROM t", &out->t);
  recoverTable(db, recoverOther(which), &out->u);
  (void)seine_exec(db, "PRAGMA schema", NULL, NULL, NULL);
  (void)seine_exec(db, "PRAGMA lost", recoverLine, &out->lost, NULL);
  seine_close(db);
}

/* All cells but those of the columns `mask` are equal. */
static bool recoverSame(const Rows *a, const Rows *b, u32 mask) {
  if (a->rc || a->n != b->n || a->ncol != b->ncol) return false;
  for (u32 i = 0; i < a->n; i++)
    for (u32 c = 0; c < a->ncol; c++)
      if (!(mask >> c & 1) && a->cell[i][c] != b->cell[i][c]) return false;
  return true;
}

/* Rows of a are rows of b, in order; how many are missing. */
static bool recoverPart(const Rows *a, const Rows *b, u32 *missing) {
  u32 k = 0;
  for (u32 i = 0; i < a->n; i++, k++) {
    while (k < b->n && memcmp(a->cell[i], b->cell[k],
        a->ncol * sizeof(u64))) k++;
    if (k == b->n) return false;
  }
  *missing = b->n - a->n;
  return !a->rc;
}

/* ---- damage ------------------------------------------------------------- */

static u8 *recoverBytes;
static Saved was, now;
static bool recoverSigned;
static char recoverPlace[120];

static bool recoverBad(const char *what) {
  printf("# %s, %s: %s (rc %d %d, rows %u of %u, %u of %u; %u lost)\n",
      recoverPlace, recoverSigned ? "signed" : "unsigned", what, now.t.rc,
      now.u.rc, now.t.n, was.t.n, now.u.n, was.u.n, now.lost);
  return false;
}

/* Changes some of the bytes [at, at + len) of the file. */
static void recoverHurt(const Good *g, u64 at, u64 len) {
  memcpy(recoverBytes, g->p, g->n);
  for (u64 k = 1 + fileRandom(4); k; k--) {
    u64 from = at + fileRandom(len), n = 1 + fileRandom(8);
    for (; n && from < at + len; n--)
      recoverBytes[from++] ^= (u8)(1 + fileRandom(255));
  }
}

static void recoverPiece(const Good *g, u32 i, u64 at, u64 len, u32 which) {
  recoverHurt(g, g->piece[i].page * SN_PAGE + at, len);
  if (recoverSigned) signPiece(g, recoverBytes, i, g->piece[i].len);
  recoverRead(recoverBytes, g->n, which, &now);
}

/* ---- sections ----------------------------------------------------------- */

/* The record that a piece belongs to. */
static u32 recoverOwner(const Good *g, u32 i) {
  while (i && g->piece[i].kind != KIND_RECORD) i = g->piece[i].up;
  return i;
}

/* Columns that are kept in the row store, of the first two files. */
#define IN_ROWS (1u << 3 | 1u << 9 | 1u << 10 | 1u << 13)

static bool recoverSection(const Good *g, u32 i, u32 kind, u32 column,
    u64 at, u64 len, bool of_t, u32 which) {
  u32 mask = kind == 9 ? IN_ROWS : column ? 1u << (column - 1) : 0;
  if (!len) return true;
  recoverPiece(g, i, at, len, which);
  snprintf(recoverPlace, sizeof recoverPlace, "page %llu, kind %u, column %u",
      (unsigned long long)g->piece[i].page, kind, column);
  if (!now.opened) return recoverBad("it does not open");
  if (!recoverSame(&now.t, &was.t, of_t ? mask : 0))
    return recoverBad("another column than that of the section");
  if (!recoverSame(&now.u, &was.u, of_t ? 0 : mask))
    return recoverBad("the other table");
  if (!now.lost && !recoverSigned)
    return recoverBad("nothing is said of it");
  return true;
}

static bool recoverSections(const Good *g, u32 i, u32 t, u32 which, u32 *n) {
  const u8 *p = g->p + g->piece[i].page * SN_PAGE;
  u64 len = g->piece[i].len, at = 0;
  u32 table = snGet32(p + len - 16), sections = snGet32(p + len - 12);
  Rd r = {.p = p + len - 16 - table, .end = p + len - 16};
  for (u32 k = 0; k < sections && !r.bad; k++) {
    u32 kind = snRdByte(&r);
    u32 column = (u32)snRdVarint(&r);
    u64 size = snRdVarint(&r);
    at = (at + 7) & ~7ull;
    ++*n;
    if (!recoverSection(g, i, kind, column, at, size,
        recoverOwner(g, i) == t, which)) return false;
    at += size;
  }
  return true;
}

/* ---- other structures --------------------------------------------------- */

static u32 recoverDocs(const Good *g, u32 i) {
  const u8 *p = g->p + g->piece[i].page * SN_PAGE;
  return snGet32(p + g->piece[i].len - 8);
}

/* A structure of one table: the other one is whole. */
static bool recoverOne(const Good *g, u32 i, u32 t, u32 which) {
  const Piece *x = g->piece + i;
  bool of_t = recoverOwner(g, i) == t;
  u64 from = x->kind == KIND_SEGMENT ? x->len - 16 : 0;
  u32 missing;
  snprintf(recoverPlace, sizeof recoverPlace, "%s at page %llu",
      kindNames[x->kind], (unsigned long long)x->page);
  recoverPiece(g, i, from, x->len - from, which);
  if (!now.opened) return recoverBad("it does not open");
  if (of_t && !recoverSame(&now.u, &was.u, 0))
    return recoverBad("the other table");
  if (!now.lost && !recoverSigned) return recoverBad("nothing is said of it");
  if (x->kind != KIND_SEGMENT || !of_t) return true;
  if (!recoverPart(&now.t, &was.t, &missing) || missing > recoverDocs(g, i))
    return recoverBad("rows of other segments");
  return true;
}

/* What all tables hang on.  Bytes of the header that are not the uuid, and a
** slot beside others, cost nothing. */
static bool recoverHead(const Good *g, u64 at, u64 len, bool free,
    const char *what, u32 which) {
  snprintf(recoverPlace, sizeof recoverPlace, "%s", what);
  recoverHurt(g, at, len);
  recoverRead(recoverBytes, g->n, which, &now);
  if (!free) return true;
  if (!recoverSame(&now.t, &was.t, 0) || !recoverSame(&now.u, &was.u, 0))
    return recoverBad("rows");
  return true;
}

static bool recoverHeads(const Good *g, u32 which) {
  bool good = recoverHead(g, 0, 32, true, "the header", which)
      && recoverHead(g, 32, 16, true, "the uuid", which);
  for (u64 s = 1; good && s <= 4; s++)
    good = recoverHead(g, s * SN_PAGE, SN_PAGE, snGet64(g->p + s * SN_PAGE + 8)
        != g->txid, "a slot", which);
  if (good) good = recoverHead(g, SN_PAGE, 4 * SN_PAGE, false, "all slots",
      which);
  for (u32 i = 0; good && i < g->npiece; i++) {
    Kind k = g->piece[i].kind;
    if (k != KIND_ROOT && k != KIND_NODE && k != KIND_OBJECTS) continue;
    snprintf(recoverPlace, sizeof recoverPlace, "%s", kindNames[k]);
    recoverPiece(g, i, 0, g->piece[i].len, which);
    if (k == KIND_OBJECTS && (!recoverSame(&now.t, &was.t, 0)
        || !recoverSame(&now.u, &was.u, 0))) good = recoverBad("rows");
    if (k == KIND_ROOT && !recoverSigned && now.u.n != was.u.n)
      good = recoverBad("the state before");
  }
  return good;
}

/* The record of table t: that of the piece with the most documents. */
static u32 recoverLargest(const Good *g) {
  u32 best = 0, docs = 0;
  for (u32 i = 0; i < g->npiece; i++) {
    if (g->piece[i].kind != KIND_SEGMENT || recoverDocs(g, i) < docs) continue;
    docs = recoverDocs(g, i);
    best = i;
  }
  return recoverOwner(g, best);
}

static void recoverFile(u32 which, u32 rounds) {
  static const char *const names[] = {"every type", "long lists",
    "many tables"};
  static Good good;
  Good *g = &good;
  bool sections = true, others = true, heads = true;
  char text[120];
  u32 n = 0;
  if (!fileMake(g, which)) {
    recoverOk(false, names[which]);
    return;
  }
  u32 t = which == 2 ? 0 : recoverLargest(g);
  recoverBytes = malloc(g->n);
  if (!recoverBytes) exit(1);
  recoverRead(g->p, g->n, which, &was);
  snprintf(text, sizeof text, "%s: an undamaged file", names[which]);
  recoverOk(was.opened && !was.t.rc && !was.u.rc && was.t.n && was.u.n &&
      !was.lost, text);
  for (u32 k = 0; k < rounds; k++) {
    recoverSigned = k % 2;
    for (u32 i = 0; t && i < g->npiece; i++) {
      Kind kind = g->piece[i].kind;
      if (kind == KIND_SEGMENT)
        sections = sections && recoverSections(g, i, t, which, &n);
      if (kind == KIND_SEGMENT || kind == KIND_LIVE || kind == KIND_PATCH ||
          kind == KIND_SCHEMA || kind == KIND_RECORD)
        others = others && recoverOne(g, i, t, which);
    }
    heads = heads && recoverHeads(g, which);
  }
  snprintf(text, sizeof text, "%s: %u damaged sections", names[which], n);
  if (t) recoverOk(sections, text);
  snprintf(text, sizeof text, "%s: other structures of a table", names[which]);
  if (t) recoverOk(others, text);
  snprintf(text, sizeof text, "%s: header, slots, catalog", names[which]);
  recoverOk(heads, text);
  free(recoverBytes);
  free(g->p);
}

int main(int argc, char **argv) {
  u32 rounds = argc > 1 ? (u32)strtoul(argv[1], NULL, 10)
      : getenv("SEINE_QUICK") ? 6 : 40;
  if (argc > 2) fileState ^= strtoull(argv[2], NULL, 10) * 0x9e3779b97f4a7c15;
  recoverFile(0, rounds);
  recoverFile(1, rounds / 2);
  recoverFile(2, rounds);
  snOsMemory()->remove(snOsMemory(), filePath);
  printf("1..%d\n", recoverCount);
  return recoverFailed != 0;
}
