/*
** Whole files, for tests that change them: three good databases, and a walk
** over one by doc/fileformat.md alone.
**
**   fileMake(g, which)   0 every type, 1 long lists, 2 many tables
**   g->piece             every extent, and where the reference to it stands
**   changeSegment()      a place in a segment worth changing
**   signPiece()          all checksums above a piece, right again
*/
#ifndef FUZZ_FILE_H
#define FUZZ_FILE_H
#include "os/os.h"
#include "seine.h"

#ifdef __SANITIZE_ADDRESS__
/* Cheap enough for tens of thousands of files, and the memory that is kept
** back counts little. */
const char *__asan_default_options(void);
const char *__asan_default_options(void) {
  return "malloc_context_size=4:quarantine_size_mb=8";
}
#endif

static u64 fileState = 88172645463325252ull;
static u64 fileRandom(u64 below) {
  fileState ^= fileState << 13;
  fileState ^= fileState >> 7;
  fileState ^= fileState << 17;
  return (fileState >> 11) % below;
}

/* ---- good files --------------------------------------------------------- */

typedef enum Kind {
  KIND_ROOT, KIND_NODE, KIND_RECORD, KIND_SCHEMA, KIND_SEGMENT, KIND_LIVE,
  KIND_PATCH, KIND_OBJECTS, KINDS
} Kind;
static const char *const kindNames[KINDS] = {"root", "node", "record",
  "schema", "segment", "deletions", "patch", "objects"};

/* An extent, and the place of the reference to it: `ref` bytes into the
** payload of the piece `up`. */
typedef struct Piece {
  Kind kind;
  u64 page, len, seed;
  u32 up;
  u64 ref;
} Piece;

#define PIECES 400u
typedef struct Good {
  u8 *p;
  u64 n, seed;      /* bytes; S of doc/fileformat.md */
  u64 txid;
  Piece piece[PIECES];
  u32 npiece;
  u32 found[KINDS];
  bool bad;
} Good;

static const char filePath[] = "file_test.tmp";

static int fileRun(seine *db, const char *sql) {
  return seine_exec(db, sql, NULL, NULL, NULL);
}

static bool fileOpen(seine **db) {
  return !seine_open_v2(filePath, db, SEINE_OPEN_READWRITE
      | SEINE_OPEN_CREATE | SEINE_OPEN_NOMAP, "memory");
}

/* All types, several segments, deletions, places in the graveyard. */
static bool makeTypes(seine *db, u32 rows) {
  char sql[900];
  bool good = !fileRun(db, "CREATE TABLE t(i INTEGER, r REAL, b BOOLEAN,"
      " s TEXT, k KEYWORD, d DATE, ts TIMESTAMP, p IP, g GEOPOINT, j JSON,"
      " x BLOB, ai INTEGER[], ak KEYWORD[], s2 TEXT DEFAULT 'none');"
      "CREATE TABLE u(k KEYWORD NOT NULL, n INTEGER);"
      "INSERT INTO u VALUES ('k1', 1), ('k2', 2); BEGIN");
  for (u32 i = 0; good && i < rows; i++) {
    u64 w = fileRandom(9), v = fileRandom(1000);
    snprintf(sql, sizeof sql, "INSERT INTO t VALUES (%u, %u.25, %s,"
        " 'common w%u common x%u a longer text that is not there twice %u',"
        " 'k%u', '2026-01-%02u', '2026-02-03 04:05:%02u', '10.0.%u.%u',"
        " '%u.5,7', '{\"a\": %u, \"b\": [1, \"x%u\"]}', x'00ff%02u',"
        " [%u, NULL, 3], ['a%u', 'b'], %s)", i * 3, (u32)v,
        i % 3 ? "true" : "NULL", (u32)w, (u32)v, i, i % 5, i % 28 + 1, i % 60,
        i % 4, i % 200, i % 80, i, (u32)w, i % 90 + 10, i, i % 7,
        i % 4 ? "'short'" : "NULL");
    good = !fileRun(db, sql);
    if (i % (rows / 3 + 1) == rows / 3)
      good = good && !fileRun(db, "COMMIT; DELETE FROM t WHERE i % 9 = 0;"
          "BEGIN");
  }
  return good && !fileRun(db, "COMMIT; UPDATE t SET k = 'new' WHERE i = 3;"
      "DELETE FROM t WHERE i = 6");
}

/* So many tables that the catalog has nodes below its root. */
static bool makeTables(seine *db) {
  char sql[120];
  bool good = !fileRun(db, "BEGIN");
  for (u32 i = 0; good && i < 70; i++) {
    snprintf(sql, sizeof sql, "CREATE TABLE %s%u(s TEXT, i INTEGER)",
        i ? "z" : "t", i);
    good = !fileRun(db, sql);
  }
  return good && !fileRun(db, "INSERT INTO z5 VALUES ('red fox', 1), ('b', 2);"
      "COMMIT; CREATE TABLE t(i INTEGER, s TEXT, k KEYWORD);"
      "INSERT INTO t VALUES (1, 'common red', 'k1'), (2, 'w1', 'k2')");
}

/* ---- reading one by the page -------------------------------------------- */

static u64 walkAdd(Good *g, Kind kind, u32 up, u64 at, const u8 *ref) {
  Piece *x = g->piece + g->npiece;
  if (g->npiece == PIECES || snGet64(ref) * SN_PAGE >= g->n) {
    g->bad = true;
    return 0;
  }
  *x = (Piece){kind, snGet64(ref), snGet64(ref + 8), snGet64(ref + 16), up,
      at};
  g->found[kind]++;
  return g->npiece++;
}

static void walkRecord(Good *g, u32 me) {
  const u8 *p = g->p + g->piece[me].page * SN_PAGE, *ref;
  Rd r = {.p = p, .end = p + g->piece[me].len};
  u64 n;
  (void)snRdVarint(&r);
  ref = snRdBytes(&r, 32);
  if (!ref) return;
  walkAdd(g, KIND_SCHEMA, me, (u64)(ref - p), ref);
  n = snRdVarint(&r);
  while (n-- && !r.bad) {
    u32 live;
    (void)snRdVarint(&r);
    ref = snRdBytes(&r, 32);
    if (ref) walkAdd(g, KIND_SEGMENT, me, (u64)(ref - p), ref);
    for (u32 k = 0; k < 4; k++) (void)snRdVarint(&r);
    live = snRdByte(&r);
    while (live-- && (ref = snRdBytes(&r, 32)))
      walkAdd(g, KIND_LIVE, me, (u64)(ref - p), ref);
    for (u64 k = snRdVarint(&r); k && !r.bad; k--) {
      (void)snRdVarint(&r);
      ref = snRdBytes(&r, 32);
      if (ref) walkAdd(g, KIND_PATCH, me, (u64)(ref - p), ref);
    }
  }
  g->bad = g->bad || r.bad;
}

/* The node at r, of the piece me that begins at p. */
static void walkNode(Good *g, u32 me, const u8 *p, Rd *r, u32 level) {
  u64 bits = snRd64(r);
  for (u32 k = 0; k < 64 && !r->bad && !g->bad; k++) {
    const u8 *ref;
    if (!(bits >> k & 1)) continue;
    if (!level) {
      (void)snRdVarint(r);
      (void)snRdBytes(r, snRdVarint(r));
    }
    ref = snRdBytes(r, 32);
    if (!ref) break;
    u32 it = (u32)walkAdd(g, level ? KIND_NODE : KIND_RECORD, me,
        (u64)(ref - p), ref);
    if (level) {
      const u8 *q = g->p + snGet64(ref) * SN_PAGE;
      Rd in = {.p = q, .end = q + snGet64(ref + 8)};
      walkNode(g, it, q, &in, level - 1);
    } else {
      walkRecord(g, it);
    }
  }
  g->bad = g->bad || r->bad;
}

static void walkFile(Good *g) {
  const u8 *slot = NULL;
  g->seed = snHash(g->p + 32, 16, 0);
  g->npiece = 0;
  memset(g->found, 0, sizeof g->found);
  for (u32 i = 1; i <= 4; i++) {
    const u8 *p = g->p + i * (size_t)SN_PAGE;
    if (memcmp(p, "SeineRec", 8)) continue;
    if (!slot || snGet64(p + 8) > snGet64(slot + 8)) slot = p;
  }
  if (!slot) {
    g->bad = true;
    return;
  }
  g->txid = snGet64(slot + 8);
  walkAdd(g, KIND_ROOT, 0, 0, slot + 24);
  const u8 *p = g->p + g->piece[0].page * SN_PAGE;
  Rd r = {.p = p + 24 + 24 * (size_t)snGet32(p + 8),
      .end = p + g->piece[0].len};
  u8 version = snRdByte(&r);
  for (u32 k = 0; k < 3; k++) (void)snRdVarint(&r);
  u32 depth = snRdByte(&r);
  const u8 *ref = version == 3 ? snRdBytes(&r, 32) : NULL;
  if (ref) walkAdd(g, KIND_OBJECTS, 0, (u64)(ref - p), ref);
  walkNode(g, 0, p, &r, depth);
}

static inline bool fileMake(Good *g, u32 which) {
  Vfs *v = snOsMemory();
  seine *db = NULL;
  File *f = NULL;
  v->remove(v, filePath);
  bool good = fileOpen(&db)
      && (which == 2 ? makeTables(db) : makeTypes(db, which ? 1500 : 30));
  if (good && which == 1) good = !fileRun(db, "OPTIMIZE t;"
      "DELETE FROM t WHERE i % 10 = 4; UPDATE t SET i = i + 0;"
      "CREATE ANALYZER a AS standard, lowercase, stop('english');"
      "CREATE VIEW v(a) AS SELECT i FROM t WHERE i > 1");
  if (!good) printf("# %s\n", seine_errmsg(db));
  good = !seine_close(db) && good && !v->open(v, filePath, 0, &f)
      && !f->ops->size(f, &g->n);
  if (good) {
    g->p = malloc(g->n);
    good = g->p && !f->ops->read(f, 0, g->p, g->n);
  }
  if (f) f->ops->close(f);
  if (good) walkFile(g);
  return good && !g->bad;
}

/* ---- places ------------------------------------------------------------- */

/* A place in a good segment: in the tail, the table, or the head of a section
** (sections are found through the table, as the page says). */
static inline u64 changeSegment(const u8 *p, u64 len) {
  u32 table = snGet32(p + len - 16), sections = snGet32(p + len - 12);
  u64 at = 0;
  Rd r = {.p = p + len - 16 - table, .end = p + len - 16};
  u64 which = fileRandom(sections + 2);
  if (which == sections) return len - 16 + fileRandom(16);
  if (which > sections) return len - 16 - table + fileRandom(table);
  for (u64 k = 0; k <= which && !r.bad; k++) {
    (void)snRdByte(&r);
    (void)snRdVarint(&r);
    u64 n = snRdVarint(&r);
    at = (at + 7) & ~7ull;
    if (k == which) {
      u64 head = SN_MIN(SN_MAX(n, 1u), fileRandom(3) ? 64u : 1u << 30);
      at += fileRandom(head);
      return SN_MIN(at, len - 1);
    }
    at += n;
  }
  return fileRandom(len);
}

/* ---- signing ------------------------------------------------------------ */

/* Writes the checksums of piece i, of `len` bytes now, in the file at p, and
** the reference to it; then of all pieces above it. */
static inline void signPiece(const Good *g, u8 *p, u32 i, u64 len) {
  for (;;) {
    const Piece *x = g->piece + i;
    u8 *at = p + x->page * SN_PAGE, two[16], *ref;
    u64 n = (len + 65535) / 65536;
    snPut64(two, x->page);
    snPut64(two + 8, x->seed);
    u64 e = snHash(two, 16, g->seed);
    for (u64 k = 0; k < n; k++)
      snPut64(at + len + 8 * k,
          snHash(at + 65536 * k, SN_MIN(len - 65536 * k, 65536u), e + k + 1));
    u64 sum = snHash(at + len, 8 * n, e);
    ref = i ? p + g->piece[x->up].page * SN_PAGE + x->ref : NULL;
    if (ref && snGet64(ref) == x->page) {
      snPut64(ref + 8, len);
      snPut64(ref + 24, sum);
    }
    for (u32 s = 1; s <= 4; s++) { /* the root, and the lists of the slots */
      u8 *q = p + s * (size_t)SN_PAGE;
      if (snGet64(q + 8) != g->txid) continue;
      for (u32 k = 0; k <= SN_MIN(snGet32(q + 76), 125); k++) {
        u8 *y = k ? q + 80 + 32 * (k - 1) : q + 24;
        if (snGet64(y) != x->page) continue;
        snPut64(y + 8, len);
        snPut64(y + 24, sum);
      }
      snPut64(q + 4088, snHash(q, 4088, g->seed));
    }
    if (!i) return;
    i = x->up;
    len = g->piece[i].len;
  }
}

/* ---- the file in memory ------------------------------------------------ */

static bool filePut(const u8 *p, u64 n) {
  Vfs *v = snOsMemory();
  File *f;
  v->remove(v, filePath);
  if (v->open(v, filePath, OS_CREATE, &f)) return false;
  int rc = f->ops->write(f, 0, p, n);
  f->ops->close(f);
  return !rc;
}

#endif
