/*
** toy.h: a toy database for tests of store/.  Its root is an array of
** TOY_KEYS references; every extent is full of bytes that follow from its
** seed, so that a state shows by itself whether it is whole.
*/
#ifndef STORE_TEST_TOY_H
#define STORE_TEST_TOY_H
#include "store/storeInt.h"
#include "store/probe.h"
#include "store/walk.h"

#define TOY_KEYS 24u
#define TOY_ROOT (TOY_KEYS * EXTENT_REF_BYTES)
#define MIB      ((u64)1 << 20)

static int toyCount, toyBad;
static char toyPath[48], toySaid[600];
static ExtentRef toyHeld[TOY_KEYS]; /* of the transaction under way */

static inline bool toyOk(bool good, const char *name) {
  printf("%sok %d - %s\n", good ? "" : "not ", ++toyCount, name);
  if (!good) printf("# said: %s\n", toySaid);
  fflush(stdout);
  toyBad += !good;
  return good;
}

static inline bool toyNo(const char *what, u64 a, u64 b) {
  printf("# %s: %llu %llu: %s\n", what, (unsigned long long)a,
      (unsigned long long)b, snFaultLog());
  return false;
}

static inline void toyMessage(void *arg, const char *text) {
  (void)arg;
  snprintf(toySaid, sizeof toySaid, "%s", text);
}

static inline void toyName(const char *test) {
  u32 x = 0;
  snOsUnix()->random(snOsUnix(), &x, sizeof x);
  snprintf(toyPath, sizeof toyPath, "%s-%08x.tmp", test, x);
}

static inline Store *toyOpen(Vfs *v) {
  StoreConfig c = {.vfs = v, .path = toyPath, .create = true,
      .message = toyMessage};
  Store *s = NULL;
  if (!snStoreOpen(&c, &s)) snWriterSetWalk(s, toyWalk, NULL);
  return s;
}

/* ---- bytes -------------------------------------------------------------- */

static inline void toyFill(u8 *p, u64 seed, u64 at, u64 n) {
  for (u64 i = 0; i < n; i++)
    p[i] = (u8)((at + i) * 7 + ((at + i) >> 12) * 13 + seed);
}

typedef struct ToyScan { u64 seed, at; } ToyScan;

static inline int toyPiece(void *arg, const u8 *p, u64 n) {
  ToyScan *t = arg;
  static u8 want[MIB];
  toyFill(want, t->seed, t->at, n);
  t->at += n;
  return memcmp(p, want, n) ? SEINE_CORRUPT : SEINE_OK;
}

static inline bool toyExtent(Store *s, const ExtentRef *r) {
  ToyScan t = {r->seed, 0};
  return (!snExtentScan(s, r, toyPiece, &t) && t.at == r->len)
      || toyNo("extent", r->page, r->seed);
}

/* ---- transactions ------------------------------------------------------- */

static inline int toyBegin(Store *s) {
  Snapshot *base;
  int rc = snWriterBegin(s, &base);
  u32 len = 0;
  const u8 *p = rc ? NULL : snSnapshotRoot(base, &len);
  memset(toyHeld, 0, sizeof toyHeld);
  for (u32 i = 0; i < len / EXTENT_REF_BYTES; i++)
    snExtentRefGet(p + i * EXTENT_REF_BYTES, toyHeld + i);
  return rc;
}

static inline int toyFree(Store *s, u32 key) {
  ExtentRef old = toyHeld[key];
  memset(toyHeld + key, 0, sizeof *toyHeld);
  return old.page ? snWriterFree(s, &old) : SEINE_OK;
}

static inline int toyPut(Store *s, u32 key, u64 len) {
  u8 *p = malloc(len + 1);
  int rc = toyFree(s, key);
  toyFill(p, key + 1, 0, len);
  if (!rc) rc = snWriterPut(s, p, len, key + 1, toyHeld + key);
  free(p);
  return rc;
}

/* Adds the bytes [at, to) of an extent. */
static inline int toyAdd(Stream *t, u64 seed, u64 at, u64 to, u64 step) {
  static u8 piece[MIB];
  int rc = SEINE_OK;
  for (u64 n; !rc && at < to; at += n) {
    n = SN_MIN(SN_MIN(step, to - at), sizeof piece);
    toyFill(piece, seed, at, n);
    rc = snStreamAdd(t, piece, n);
  }
  return rc;
}

/* What a state in doubt has written is put anew (S4). */
static inline int toyCommit(Store *s) {
  u8 root[TOY_ROOT];
  int rc = SEINE_OK;
  for (u32 i = 0; !rc && i < TOY_KEYS; i++) {
    if (toyHeld[i].page && snWriterDoubtful(s, toyHeld + i))
      rc = toyPut(s, i, toyHeld[i].len);
    snExtentRefPut(root + i * EXTENT_REF_BYTES, toyHeld + i);
  }
  return rc ? rc : snWriterCommit(s, root, sizeof root, NULL, 0);
}

/* Commits, or rolls back; rc. */
static inline int toyOver(Store *s, int rc) {
  if (!rc) rc = toyCommit(s);
  if (rc) snWriterRollback(s);
  return rc;
}

/* ---- is it whole? ------------------------------------------------------- */

static u32 toyFindings;
static inline void toyFinding(void *arg, const char *text) {
  (void)arg;
  toyFindings++;
  printf("# finding: %s\n", text);
}

static inline int toySeen(void *arg, const ExtentRef *r) {
  return toyExtent(arg, r) ? SEINE_OK : SEINE_CORRUPT;
}

/* The newest state: every byte, and its pages. */
static inline bool toyWhole(Store *s) {
  Snapshot *n = NULL;
  int rc = snSnapshotOpen(s, &n);
  bool good = !rc || toyNo("snapshot", (u64)rc, 0);
  if (good) good = !toyWalk(NULL, n, toySeen, s);
  toyFindings = 0;
  if (good) rc = snStoreCheck(s, n, toyFinding, NULL);
  snSnapshotDrop(n);
  return good && !rc && !toyFindings;
}

/* The newest state, for who opened the file just now, if it is whole.  Closes
** the store, which may be NULL. */
static inline u64 toyNewest(Store *s) {
  Snapshot *n = NULL;
  u64 txid = s && !snSnapshotOpen(s, &n) ? snSnapshotTxid(n) : UINT64_MAX;
  if (n && !toyWhole(s)) txid = UINT64_MAX;
  snSnapshotDrop(n);
  snStoreClose(s);
  return txid;
}

/* Pages that are neither free nor in the graveyard, as the transaction sees
** them, with its own. */
static inline u64 toyUsed(const Store *s) {
  const SpaceMap *m = &s->space;
  u64 n = m->end;
  for (u32 i = 0; i < m->nfree; i++) n -= m->free[i].n;
  for (u32 i = 0; i < m->ngrave; i++) n -= m->grave[i].n;
  return n;
}

/* ---- faults ------------------------------------------------------------- */

/* A transaction that is rolled back when it fails; done twice it leaves what
** it leaves when it is done once. */
typedef int (*ToyScene)(Store *s);

#define TOY_MEMORY PROBE_KINDS /* allocations, among the kinds of calls */

static inline const char *toyKind(int kind) {
  return kind == TOY_MEMORY ? "allocation" : probeNames[kind];
}

static inline void toyFail(int kind, u64 n, bool ever) {
  snFaultMem(kind == TOY_MEMORY ? (i64)n : 0, ever);
  probeFail(kind == TOY_MEMORY ? PROBE_OPEN : (ProbeKind)kind,
      kind == TOY_MEMORY ? 0 : n, ever);
}

/* Pages of the newest state. */
static inline u64 toyPages(Store *s) {
  bool ready = !toyBegin(s) && !snWriterReady(s);
  u64 n = ready ? toyUsed(s) : 0;
  snWriterRollback(s);
  return n;
}

static inline Store *toyFresh(ToyScene before) {
  Store *s;
  probeBelow->remove(probeBelow, toyPath);
  s = toyOpen(&probeVfs);
  if (!s || !before || !before(s)) return s;
  snStoreClose(s);
  return NULL;
}

/* The scene while a call fails; then again, by another handle if this one
** writes no more: the state is whole, and has the pages that it has without
** any fault.  *hit: there was such a call. */
static inline bool toyFault(ToyScene before, ToyScene scene, int kind, u64 n,
    bool ever, u64 pages, bool *hit) {
  Store *s = toyFresh(before);
  toyFail(kind, n, ever);
  int rc = scene(s);
  *hit = probeHit
      || (kind == TOY_MEMORY && snFaultMemCount() >= (i64)n);
  toyFail(kind, 0, false);
  bool good = !rc || rc == SEINE_NOMEM || rc == SEINE_IOERR
      || rc == SEINE_FULL || rc == SEINE_CANTOPEN;
  if (snWriterPoisoned(s)) {
    snStoreClose(s);
    s = toyOpen(&probeVfs);
  }
  good = good && toyWhole(s);
  if (rc) good = good && !scene(s);
  good = good && toyWhole(s) && toyPages(s) == pages;
  if (!good) printf("# %s %llu%s: rc %d, %llu pages for %llu: %s\n",
      toyKind(kind), (unsigned long long)n, ever ? " on" : "", rc,
      (unsigned long long)toyPages(s), (unsigned long long)pages,
      snFaultLog());
  snStoreClose(s);
  return good;
}

/* Each allocation and each call of a scene fails, once and from then on. */
static inline void toyFaults(ToyScene before, ToyScene scene,
    const char *name) {
  Store *s = toyFresh(before);
  bool good = s && !scene(s) && toyWhole(s);
  u64 pages = good ? toyPages(s) : 0, hits = 0;
  snStoreClose(s);
  for (int i = 0; good && i < 2 * (TOY_MEMORY + 1); i++) {
    bool hit = true;
    for (u64 n = 1; good && hit; n++) {
      good = toyFault(before, scene, i / 2, n, i % 2, pages, &hit);
      hits += hit;
    }
  }
  printf("# %llu faults\n", (unsigned long long)hits);
  toyOk(good && hits > 20, name);
}

static inline int toyDone(void) {
  probeBelow->remove(probeBelow, toyPath);
  printf("1..%d\n", toyCount);
  return toyBad != 0;
}

#endif
