/*
** delta_test [ROUNDS [SEED]]: forged rows in claims.  A file whose newest
** commits ride gets another delta in its slots, with right checksums.  Each is
** opened, read, written to, checked, and read by SEINE_OPEN_RECOVER.
**   1  the length of the delta, beside lists of every length; without its flag
**   2  parts: tables that are not there, twice, out of order; numbers of rows,
**      of bytes, next rowids
**   3  rows: what a table cannot have had
**   4  bytes changed by chance
** Each gives rows or a code of a damaged file, with a message; reading changes
** no byte; no file takes a second.  What is known to be damaged is refused,
** and integrity_check says so; recovery has the rows of the segments.
** The offsets are those of doc/fileformat.md.
*/
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "index/index.h"
#include "store/storeInt.h"
#include "../tap.h"
#include "file.h"

#define DELTA_MOST  3800u
#define DELTA_SAVED 10u /* rows of t in its segment */
#define DELTA_RIDE  5u  /* ... and in the delta */

static Good good;
static u8 *bytes, *after;
static u8 delta[DELTA_MOST]; /* of the good file */
static u32 ndelta;

/* ---- the good file ------------------------------------------------------ */

static bool deltaMake(seine *db) {
  bool fine = !fileRun(db, "CREATE TABLE t(i INTEGER, r REAL, b BOOLEAN,"
      " s TEXT, k KEYWORD, d DATE, ts TIMESTAMP, p IP, g GEOPOINT, j JSON,"
      " x BLOB, ai INTEGER[], ak KEYWORD[], at TEXT[]);"
      "CREATE TABLE u(n INTEGER PRIMARY KEY, k KEYWORD NOT NULL UNIQUE,"
      " c KEYWORD COLLATE NOCASE, CHECK (n < 1000));"
      "CREATE TABLE v(s TEXT, i INTEGER);"
      "INSERT INTO u VALUES (1, 'k1', 'a'), (2, 'k2', 'b');"
      "INSERT INTO v VALUES ('red fox', 1)");
  for (u32 i = 0; fine && i < DELTA_SAVED + DELTA_RIDE; i++) {
    char sql[400];
    snprintf(sql, sizeof sql, "INSERT INTO t VALUES (%u, %u.5, true,"
        " 'common w%u', 'k%u', '2026-01-0%u', '2026-01-01 00:00:0%u',"
        " '10.0.0.%u', '1,%u', '{\"a\": %u}', x'00ff', [%u, NULL], ['a', 'b'],"
        " ['a text', NULL])", i, i, i, i % 4, i % 9 + 1, i % 9, i, i, i, i);
    fine = !fileRun(db, sql)
        && (i + 1 != DELTA_SAVED || !fileRun(db, "OPTIMIZE"));
  }
  return fine && !fileRun(db, "INSERT INTO u VALUES (7, 'k7', 'C');"
      "INSERT INTO u VALUES (8, 'k8', NULL)");
}

/* The slots of the newest state: a claim and its confirmation. */
static bool deltaSlot(u32 i, u8 **p) {
  *p = bytes + (i + 1) * (size_t)SN_PAGE;
  return snGet64(*p + 8) == good.txid;
}

static bool deltaOpen(void) {
  seine *db = NULL;
  Vfs *v = snOsMemory();
  File *f = NULL;
  v->remove(v, filePath);
  bool fine = fileOpen(&db) && deltaMake(db);
  if (!fine) printf("# %s\n", seine_errmsg(db));
  fine = !seine_close(db) && fine && !v->open(v, filePath, 0, &f)
      && !f->ops->size(f, &good.n);
  if (fine) {
    good.p = malloc(good.n);
    bytes = malloc(good.n);
    after = malloc(good.n);
    fine = !f->ops->read(f, 0, good.p, good.n);
  }
  if (f) f->ops->close(f);
  if (fine) walkFile(&good);
  if (!fine || good.bad) return false;
  memcpy(bytes, good.p, good.n);
  for (u32 i = 0; i < 4; i++) {
    u8 *p;
    if (!deltaSlot(i, &p)) continue;
    u32 at = 80 + 32 * snGet32(p + 76);
    if (!(snGet32(p + 16) & 4)) return false;
    ndelta = snGet32(p + at);
    memcpy(delta, p + at + 4, ndelta);
  }
  return ndelta > 0;
}

/* ---- forging ------------------------------------------------------------ */

/* What stands in the slots: n bytes at p, which are called `called`, behind a
** list of nlist references to the root. */
static void deltaPut(const u8 *p, u32 n, u32 called, u32 nlist, bool flag) {
  memcpy(bytes, good.p, good.n);
  for (u32 i = 0; i < 4; i++) {
    u8 *q;
    u32 at = 80 + 32 * nlist;
    if (!deltaSlot(i, &q)) continue;
    memset(q + 80, 0, 4088 - 80);
    snPut32(q + 16, (snGet32(q + 16) & 3) | (flag ? 4u : 0u));
    snPut32(q + 76, nlist);
    for (u32 k = 0; k < nlist; k++) memcpy(q + 80 + 32 * k, q + 24, 32);
    if (at + 4 <= 4088) snPut32(q + at, called);
    if (at + 4 < 4088) memcpy(q + at + 4, p, SN_MIN(n, 4088 - at - 4));
    snPut64(q + 4088, snHash(q, 4088, good.seed));
  }
}

/* The confirmation is torn: the claim has to prove itself. */
static void deltaTear(void) {
  for (u32 i = 0; i < 4; i++) {
    u8 *p;
    if (deltaSlot(i, &p) && (snGet32(p + 16) & 1)) p[2000] ^= 1;
  }
}

/* A part of a delta, as it says; `have` bytes of rows. */
typedef struct DeltaPart {
  u64 table;
  i64 next_rowid;
  u64 docs, n;
  const u8 *rows;
  u32 have;
} DeltaPart;

static void deltaPart(Buf *b, const DeltaPart *x) {
  snBufVarint(b, x->table);
  snBufVarint(b, snZig(x->next_rowid));
  snBufVarint(b, 0); /* spills */
  snBufVarint(b, x->docs);
  snBufVarint(b, x->n);
  snBufAdd(b, x->rows, x->have);
}

/* The parts of the good file: of t, and of u. */
static bool deltaParts(DeltaPart *out) {
  Rd r = {delta, delta + ndelta, false};
  for (u32 i = 0; i < 2; i++) {
    out[i].table = snRdVarint(&r);
    out[i].next_rowid = snZag(snRdVarint(&r));
    r.bad |= snRdVarint(&r) != 0;
    out[i].docs = snRdVarint(&r);
    out[i].n = snRdVarint(&r);
    out[i].have = (u32)out[i].n;
    out[i].rows = snRdBytes(&r, out[i].n);
  }
  return !r.bad && r.p == r.end && out[0].docs == DELTA_RIDE;
}

/* ---- asking ------------------------------------------------------------- */

static const char *const deltaReads[] = {
  "SELECT * FROM t", "SELECT * FROM u", "SELECT * FROM v",
  "SELECT rowid, i, r, b, hex(x), p, g, j, d, ts FROM t ORDER BY rowid DESC",
  "SELECT k, count(*), sum(i), min(s), max(r), min(p) FROM t GROUP BY k",
  "SELECT i, score(), highlight(s), explain_score() FROM t WHERE s MATCH"
      " 'common w1' ORDER BY score() DESC",
  "SELECT ai[1], ak, at, array_to_string(at, '-'), j ->> '$.a' FROM t",
  "SELECT count(*) FROM t WHERE t MATCH 'i:[3 TO 12] OR \"a text\"'",
  "SELECT n FROM u WHERE k = 'k7' OR c = 'c' OR n = 8",
  "SELECT count(*) FROM t JOIN u ON t.k = u.k",
  "SELECT geo_lat(g), d + 1, ts + INTERVAL '1 day' FROM t",
  "SELECT * FROM json_each((SELECT j FROM t LIMIT 1))",
  "PRAGMA table_list", "PRAGMA segments", "PRAGMA store_info",
  "PRAGMA quick_check", "PRAGMA integrity_check",
};
static const char *const deltaWrites[] = {
  "INSERT INTO v VALUES ('blue fox', 2)",
  "INSERT INTO t(i, s, at) VALUES (70, 'common', ['x'])",
  "INSERT INTO u(k) VALUES ('k9')", "INSERT INTO u(n, k) VALUES (7, 'k9')",
  "INSERT OR REPLACE INTO u VALUES (7, 'k8', 'x')",
  "BEGIN", "INSERT INTO u(k) VALUES ('k10'), (NULL)",
  "INSERT INTO t(i) VALUES (71)", "SELECT count(*) FROM t", "COMMIT",
  "UPDATE t SET s = 'other', i = i + 1 WHERE i % 2 = 1",
  "DELETE FROM u WHERE n = 2", "OPTIMIZE", "INSERT INTO v(i) VALUES (3)",
  "ALTER TABLE t DROP COLUMN i", "ALTER TABLE u ADD COLUMN z INTEGER",
  "INSERT INTO v SELECT s, 1 FROM t", "DROP TABLE t", "VACUUM",
  "SELECT * FROM u", "PRAGMA integrity_check",
};

static u32 deltaAnswers, deltaRefused;
static double deltaSlowest;

static bool deltaNo(const char *what, int rc, const char *sql) {
  snprintf(tapWhy, sizeof tapWhy, "%s (%d): %.300s", what, rc, sql);
  return false;
}

typedef struct DeltaSeen {
  u32 rows;
  char first[200]; /* what the first row has first */
} DeltaSeen;

static int deltaRow(void *arg, int n, char **text, char **name) {
  DeltaSeen *s = arg;
  volatile size_t sum = 0;
  for (int i = 0; i < n; i++)
    sum += (text[i] ? strlen(text[i]) : 0) + strlen(name[i]);
  if (!s->rows++ && n)
    snprintf(s->first, sizeof s->first, "%s", text[0] ? text[0] : "");
  return 0;
}

/* ERROR: the column or the table went before, or a value is no such value. */
static bool deltaCode(seine *db, int rc, const char *sql) {
  if (!rc) deltaAnswers++;
  else deltaRefused++;
  if (!rc) return true;
  if (!*seine_errmsg(db)) return deltaNo("no message", rc, sql);
  if (seine_errcode(db) != rc) return deltaNo("another code", rc, sql);
  return rc == SEINE_CORRUPT || rc == SEINE_ERROR || rc == SEINE_CONSTRAINT ||
      rc == SEINE_FULL || rc == SEINE_TOOBIG ||
      deltaNo("no code of a damaged file", rc, sql);
}

static bool deltaAsk(seine *db, const char *const *list, u32 n) {
  for (u32 i = 0; i < n; i++) {
    DeltaSeen seen = {0};
    int rc = seine_exec(db, list[i], deltaRow, &seen, NULL);
    if (!deltaCode(db, rc, list[i])) return false;
  }
  return true;
}

static bool deltaUntouched(void) {
  Vfs *v = snOsMemory();
  File *f = NULL;
  u64 size = 0;
  if (v->open(v, filePath, 0, &f)) return false;
  int rc = f->ops->size(f, &size);
  if (!rc && size == good.n) rc = f->ops->read(f, 0, after, size);
  f->ops->close(f);
  return !rc && size == good.n && !memcmp(bytes, after, size);
}

static int deltaCount(seine *db, const char *table, u32 *rows) {
  char sql[40];
  DeltaSeen seen = {0};
  snprintf(sql, sizeof sql, "SELECT * FROM %s", table);
  int rc = seine_exec(db, sql, deltaRow, &seen, NULL);
  *rows = seen.rows;
  return rc;
}

/* What a forged file is known to be. */
typedef enum DeltaWant {
  DELTA_ANY, /* rows, or damage that is seen */
  DELTA_BAD, /* damage in t that is seen */
  DELTA_OLD, /* no record: the state before, with a rider of u less */
  DELTA_GOOD /* as it was */
} DeltaWant;

static bool deltaAs(seine *db, DeltaWant want) {
  u32 rows = 0, of_u = 0;
  DeltaSeen check = {0};
  int rc = deltaCount(db, "t", &rows), rcu = deltaCount(db, "u", &of_u);
  (void)seine_exec(db, "PRAGMA integrity_check", deltaRow, &check, NULL);
  bool ok = !strcmp(check.first, "ok");
  snprintf(tapWhy, sizeof tapWhy, "t: %d, %u rows; u: %d, %u rows; check: %s",
      rc, rows, rcu, of_u, check.first);
  switch (want) {
  case DELTA_BAD: return rc == SEINE_CORRUPT && !ok;
  case DELTA_OLD: return !rc && !rcu && rows == 15 && of_u == 3 && ok;
  case DELTA_GOOD: return !rc && !rcu && rows == 15 && of_u == 4 && ok;
  default: return true;
  }
}

/* Every row of the segments, and no error. */
static bool deltaRecover(bool map) {
  seine *db = NULL;
  u32 t = 0, u = 0, v = 0;
  int flags = SEINE_OPEN_RECOVER | (map ? 0 : SEINE_OPEN_NOMAP);
  int rc = seine_open_v2(filePath, &db, flags, "memory");
  DeltaSeen seen = {0};
  if (!rc) rc = deltaCount(db, "t", &t);
  if (!rc) rc = deltaCount(db, "u", &u);
  if (!rc) rc = deltaCount(db, "v", &v);
  bool fine = !rc && t >= DELTA_SAVED && u >= 2 && v == 1;
  if (!fine) snprintf(tapWhy, sizeof tapWhy, "recovery: %d, rows %u %u %u: %s",
      rc, t, u, v, seine_errmsg(db));
  fine = deltaAsk(db, deltaReads, SN_COUNT(deltaReads)) && fine;
  (void)seine_exec(db, "PRAGMA lost", deltaRow, &seen, NULL);
  return !seine_close(db) && fine;
}

/* What `bytes` holds is asked everything. */
static bool deltaTry(DeltaWant want) {
  seine *db = NULL;
  clock_t from = clock();
  tapWhy[0] = 0;
  alarm(60);
  if (!filePut(bytes, good.n)) return deltaNo("cannot be put", 0, "");
  bool fine = deltaRecover(fileRandom(2));
  int rc = seine_open_v2(filePath, &db, SEINE_OPEN_READWRITE |
      (fileRandom(2) ? SEINE_OPEN_NOMAP : 0), "memory");
  fine = fine && deltaCode(db, rc, "");
  if (!rc && fine) {
    fine = deltaAs(db, want) && deltaAsk(db, deltaReads, SN_COUNT(deltaReads));
    if (fine && !deltaUntouched()) fine = deltaNo("reading wrote", 0, "");
    if (fine) fine = deltaAsk(db, deltaWrites, SN_COUNT(deltaWrites));
  }
  rc = seine_close(db);
  alarm(0);
  double took = (double)(clock() - from) / CLOCKS_PER_SEC;
  deltaSlowest = SN_MAX(deltaSlowest, took);
  if (fine && took > 1) fine = deltaNo("more than a second", rc, "");
  if (fine) tapWhy[0] = 0;
  return fine && (!rc || deltaNo("close", rc, ""));
}

/* ---- 1 ------------------------------------------------------------------ */

static void deltaLengths(void) {
  const struct {
    u32 n;
    const char *what;
    DeltaWant want;
  } table[] = {
    {0, "a delta of no bytes", DELTA_OLD},
    {1, "a delta of one byte", DELTA_BAD},
    {2, "a delta of two bytes", DELTA_BAD},
    {ndelta - 1, "a byte less", DELTA_BAD},
    {ndelta, "as it was", DELTA_GOOD},
    {ndelta + 1, "a byte more", DELTA_BAD},
    {DELTA_MOST, "as many as there can be", DELTA_BAD},
    {DELTA_MOST + 1, "one more than there can be", DELTA_OLD},
    {4004, "up to the checksum", DELTA_OLD},
    {4005, "into the checksum", DELTA_OLD},
    {0x7fffffff, "2 GiB", DELTA_OLD},
    {UINT32_MAX, "4 GiB", DELTA_OLD},
  };
  for (u32 i = 0; i < SN_COUNT(table); i++) {
    deltaPut(delta, ndelta, table[i].n, 0, true);
    tapOk(deltaTry(table[i].want), "%s", table[i].what);
    deltaPut(delta, ndelta, table[i].n, 0, true);
    deltaTear();
    tapOk(deltaTry(table[i].want), "%s, unconfirmed", table[i].what);
  }
  deltaPut(delta, ndelta, ndelta, 0, false);
  tapOk(deltaTry(DELTA_ANY), "no flag");
}

/* The longest delta that has room beside so many references. */
static bool deltaBeside(u32 nlist, bool torn) {
  u32 at = 80 + 32 * nlist + 4;
  u32 room = at < 4088 ? 4088 - at : 0;
  static const i32 more[] = {-1, 0, 1};
  for (u32 i = 0; i < SN_COUNT(more); i++) {
    u32 n = SN_MIN(room + (u32)more[i], DELTA_MOST);
    deltaPut(delta, SN_MIN(n, ndelta), n, nlist, true);
    if (torn) deltaTear();
    if (!deltaTry(DELTA_ANY)) return false;
  }
  if (room < ndelta) return true;
  deltaPut(delta, ndelta, ndelta, nlist, true);
  if (torn) deltaTear();
  return deltaTry(nlist < 125 && !torn ? DELTA_GOOD : DELTA_ANY);
}

static void deltaLists(void) {
  for (u32 torn = 0; torn < 2; torn++) {
    bool fine = true;
    for (u32 n = 0; fine && n <= 126; n += n < 4 || n > 118 ? 1 : 23)
      fine = deltaBeside(n, torn);
    tapOk(fine, "beside lists%s", torn ? ", unconfirmed" : "");
  }
  deltaPut(delta, 4, 4, 125, true);
  tapOk(deltaTry(DELTA_BAD), "four bytes beside a full list");
}

/* ---- 2 ------------------------------------------------------------------ */

static bool deltaForge(const DeltaPart *part, u32 n, DeltaWant want) {
  Buf b;
  snBufInit(&b, NULL);
  for (u32 i = 0; i < n; i++) deltaPart(&b, part + i);
  bool fine = b.n <= DELTA_MOST;
  if (fine) deltaPut(b.data, (u32)b.n, (u32)b.n, 0, true);
  fine = fine && deltaTry(want);
  snBufClear(&b);
  return fine;
}

static void deltaTables(const DeltaPart *was) {
  static const u64 ids[] = {0, 4, 999, UINT32_MAX, 1ull << 62, UINT64_MAX};
  DeltaPart p[4];
  for (u32 i = 0; i < SN_COUNT(ids); i++) {
    memcpy(p, was, 2 * sizeof *p);
    p[1].table = ids[i];
    tapOk(deltaForge(p, 2, i ? DELTA_ANY : DELTA_BAD), "rows of table %llu",
        (unsigned long long)ids[i]);
  }
  memcpy(p, was, 2 * sizeof *p);
  tapOk(deltaForge(p, 2, DELTA_GOOD), "two parts, made anew");
  p[2] = was[1];
  tapOk(deltaForge(p, 3, DELTA_BAD), "a table twice");
  p[1] = was[0];
  tapOk(deltaForge(p, 3, DELTA_BAD), "the first table twice");
  p[0] = was[1];
  tapOk(deltaForge(p, 2, DELTA_BAD), "out of order");
  p[0] = was[0];
  p[0].table = was[1].table;
  p[1] = was[1];
  p[1].table = was[0].table;
  tapOk(deltaForge(p, 2, DELTA_BAD), "rows of each other, out of order");
  p[0] = was[1];
  p[0].table = was[0].table;
  p[1] = was[0];
  p[1].table = was[1].table;
  tapOk(deltaForge(p, 2, DELTA_BAD), "rows of each other");
}

static void deltaNumbers(const DeltaPart *was) {
  static const i64 next[] = {0, -1, 1, INT64_MIN, INT64_MAX, INT64_MAX - 1,
      INT64_MAX - 2, INT64_MIN + 1};
  const u64 docs[] = {0, 1, was->docs - 1, was->docs + 1, 1000, INT32_MAX,
      UINT32_MAX, 1ull << 32, UINT64_MAX};
  const u64 n[] = {0, 1, 12, was->n - 1, was->n + 1, was->n + was[1].n, 4000,
      INT32_MAX, UINT32_MAX, 1ull << 32, UINT64_MAX - 8, UINT64_MAX};
  DeltaPart p[2];
  for (u32 i = 0; i < SN_COUNT(next); i++)
    for (u32 k = 0; k < 2; k++) {
      memcpy(p, was, sizeof p);
      p[k].next_rowid = next[i];
      tapOk(deltaForge(p, 2, DELTA_GOOD), "next rowid %lld of %s",
          (long long)next[i], k ? "u" : "t");
    }
  for (u32 i = 0; i < SN_COUNT(docs); i++) {
    memcpy(p, was, sizeof p);
    p[0].docs = docs[i];
    tapOk(deltaForge(p, 2, DELTA_BAD), "%llu rows",
        (unsigned long long)docs[i]);
  }
  for (u32 i = 0; i < SN_COUNT(n); i++) {
    memcpy(p, was, sizeof p);
    p[0].n = n[i];
    tapOk(deltaForge(p, 2, DELTA_BAD), "%llu bytes of rows",
        (unsigned long long)n[i]);
  }
  memcpy(p, was, sizeof p);
  tapOk(deltaForge(p, 1, DELTA_ANY), "one part only");
}

/* ---- 3 ------------------------------------------------------------------ */

/* `docs` rows of table t, or of u, in the place of those there were. */
static bool deltaRows(const DeltaPart *was, u32 of, const Buf *rows, u32 docs,
    DeltaWant want) {
  DeltaPart p[2];
  memcpy(p, was, sizeof p);
  p[of].docs = docs;
  p[of].n = rows->n;
  p[of].have = (u32)rows->n;
  p[of].rows = rows->data;
  return deltaForge(p, 2, want);
}

/* Rows of u that share a key, with each other or with the segment. */
static void deltaKeys(const DeltaPart *was) {
  static const i64 ids[][3] = {{7, 7, 7}, {1, 2, 1}, {INT64_MIN, -1, 0},
      {INT64_MAX, INT64_MAX - 1, 5000}, {9, 8, 7}};
  for (u32 i = 0; i < SN_COUNT(ids); i++) {
    Buf b;
    snBufInit(&b, NULL);
    for (u32 k = 0; k < 3; k++) {
      (void)snBatchBegin(&b, ids[i][k]);
      if (k != 2) (void)snBatchStr(&b, 1, "k1", 2);
      (void)snBatchEnd(&b);
    }
    tapOk(deltaRows(was, 1, &b, 3, DELTA_ANY), "keys and rowids %lld %lld %lld",
        (long long)ids[i][0], (long long)ids[i][1], (long long)ids[i][2]);
    snBufClear(&b);
  }
}

/* The rowid is a column, too, which rows have no value of. */
static void deltaAlias(const DeltaPart *was) {
  Buf b;
  snBufInit(&b, NULL);
  (void)snBatchBegin(&b, 30);
  (void)snBatchInt(&b, 0, 31);
  (void)snBatchStr(&b, 1, "k31", 3);
  (void)snBatchEnd(&b);
  tapOk(deltaRows(was, 1, &b, 1, DELTA_ANY), "a column that is the rowid");
  snBufClear(&b);
}

/* One value in a row of t: numbers beyond a type, strings that are none. */
static void deltaValues(const DeltaPart *was) {
  static const i64 ints[] = {2, 77, -1, INT64_MIN, INT64_MAX, 1ll << 40,
      0x7fffffff80000000};
  static const char *const strs[] = {"", "x", "10.0", "{\"a\":", "[1, 2",
      "\xff\xfe", "\xed\xa0\x80", "a\xc0\x80 b", "sixteen bytes ip",
      "seventeen bytes i", "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x7f",
      "\x01\x02\x04\x08\x10", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"};
  static const u32 int_cols[] = {0, 2, 5, 6, 8};
  static const u32 str_cols[] = {3, 4, 7, 9, 10, 11, 12, 13};
  bool fine = true;
  Buf b;
  snBufInit(&b, NULL);
  for (u32 c = 0; fine && c < SN_COUNT(int_cols); c++)
    for (u32 i = 0; fine && i < SN_COUNT(ints); i++) {
      b.n = 0;
      (void)snBatchBegin(&b, 30);
      (void)snBatchInt(&b, int_cols[c], ints[i]);
      (void)snBatchEnd(&b);
      fine = deltaRows(was, 0, &b, 1, DELTA_ANY);
      if (!fine) printf("# column %u, number %u\n", int_cols[c], i);
    }
  tapOk(fine, "numbers beyond their types");
  for (u32 c = 0; fine && c < SN_COUNT(str_cols); c++)
    for (u32 i = 0; fine && i < SN_COUNT(strs); i++) {
      b.n = 0;
      (void)snBatchBegin(&b, 30);
      (void)snBatchStr(&b, str_cols[c], strs[i], (u32)strlen(strs[i]));
      (void)snBatchEnd(&b);
      fine = deltaRows(was, 0, &b, 1, DELTA_ANY);
      if (!fine) printf("# column %u, string %u\n", str_cols[c], i);
    }
  tapOk(fine, "strings that are no values");
  snBufClear(&b);
}

/* As many rows as there is room for. */
static void deltaMany(const DeltaPart *was) {
  Buf b;
  u32 docs = 0;
  snBufInit(&b, NULL);
  for (; b.n + 12 < DELTA_MOST - was[1].n - 20; docs++) {
    (void)snBatchBegin(&b, docs % 7 ? docs : -(i64)docs);
    (void)snBatchEnd(&b);
  }
  tapOk(deltaRows(was, 0, &b, docs, DELTA_ANY), "%u rows of nothing", docs);
  snBufClear(&b);
}

/* ---- 4 ------------------------------------------------------------------ */

static void deltaChange(u8 *d, u32 n) {
  static const u64 odd[] = {0, 1, 2, 3, 4, 127, 128, 255, 256, 0x7fffffff,
      0x80000000, UINT32_MAX, INT64_MAX, 1ull << 63, UINT64_MAX};
  static const u32 width[] = {1, 1, 1, 2, 4, 8};
  for (u64 k = 1 + fileRandom(3); k; k--) {
    u32 w = width[fileRandom(6)], at = (u32)fileRandom(n - w);
    u64 v = 0;
    memcpy(&v, d + at, w);
    switch (fileRandom(5)) {
    case 0: v ^= 1ull << fileRandom(8 * w); break;
    case 1: v += 1; break;
    case 2: v -= 1; break;
    case 3: memcpy(&v, delta + fileRandom(n - 8), w); break;
    default: v = odd[fileRandom(SN_COUNT(odd))];
    }
    memcpy(d + at, &v, w);
  }
}

static void deltaRounds(u32 rounds) {
  u8 d[DELTA_MOST];
  bool fine = true;
  u32 i = 0;
  for (; fine && i < rounds; i++) {
    u32 n = ndelta;
    memcpy(d, delta, n);
    deltaChange(d, n);
    if (!fileRandom(8)) n = 1 + (u32)fileRandom(n - 1);
    deltaPut(d, n, n, 0, true);
    if (!fileRandom(4)) deltaTear();
    fine = deltaTry(DELTA_ANY);
  }
  tapOk(fine, "%u deltas changed by chance", i);
}

/* Forged slots contradict each other: which of them is needed is not known. */
static void deltaTold(const char *text) { (void)text; }

int main(int argc, char **argv) {
  DeltaPart was[2];
  u32 rounds = argc > 1 ? (u32)strtoul(argv[1], NULL, 10)
      : getenv("SEINE_QUICK") ? 200 : 3000;
  if (argc > 2) fileState ^= strtoull(argv[2], NULL, 10) * 0x9e3779b97f4a7c15;
  snWatchTell(deltaTold);
  if (!tapOk(deltaOpen() && deltaParts(was), "a file whose rows ride"))
    return tapEnd();
  tapOk(deltaTry(DELTA_GOOD), "it is whole");
  deltaLengths();
  deltaLists();
  deltaTables(was);
  deltaNumbers(was);
  deltaKeys(was);
  deltaAlias(was);
  deltaValues(was);
  deltaMany(was);
  deltaRounds(rounds);
  printf("# %u answers, %u refused, the slowest took %.2f s\n", deltaAnswers,
      deltaRefused, deltaSlowest);
  snOsMemory()->remove(snOsMemory(), filePath);
  free(good.p);
  free(bytes);
  free(after);
  return tapEnd();
}
