/*
** part.h: for tests of single parts of index/: a segment made of chosen
** sections, bytes made by hand, and what goes wrong around them: memory that
** ends, and pages that changed on the disk.
*/
#ifndef TEST_INDEX_PART_H
#define TEST_INDEX_PART_H
#include "index/model.h"
#include "store/storeInt.h"

typedef struct Part {
  Store *store;
  SegWriter w;
  Segment *g;
  int rc;
} Part;

static inline void partInit(Part *p) {
  memset(p, 0, sizeof *p);
  p->store = testWriter();
  if (p->store) snSegWriteInit(&p->w, p->store, &test_budget, 1);
  else p->rc = SEINE_ERROR;
}

/* Ends what was written and opens it; false: the reason is said. */
static inline bool partOpen(Part *p, u32 docs) {
  SegmentRef ref = {.id = 1, .docs = docs};
  if (!p->rc) p->rc = snSegWriteFinish(&p->w, docs, &ref.ref);
  if (!p->rc) p->rc = snSegmentOpen(p->store, &ref, NULL, 0, &p->g);
  return !p->rc || testNo("open", (u64)p->rc, docs);
}

static inline void partClose(Part *p) {
  snSegmentDrop(p->g);
  if (p->store) testClose(p->store);
}

/* ---- bytes -------------------------------------------------------------- */

typedef struct Bytes { const char *p; u32 n; } Bytes;
#define PART_BYTES(s) {(s), sizeof(s) - 1}

static inline void partAdd(Buf *b, Bytes s) { snBufAdd(b, s.p, s.n); }

/* ---- memory that ends --------------------------------------------------- */

/* Runs it again and again, of whose allocations another one fails each time:
** it says so, and gives all back.  Tells how many there were, 0: it did not. */
static inline u32 partStarve(int (*run)(void *), void *arg) {
  for (i64 n = 1;; n++) {
    i64 used = test_budget.used;
    snFaultMem(n, false);
    int rc = run(arg);
    bool hit = snFaultMemCount() >= n;
    snFaultMem(0, false);
    (void)snFaultLog();
    if (rc != (hit ? SEINE_NOMEM : SEINE_OK) || test_budget.used != used) {
      (void)testNo("allocation, rc", (u64)n, (u64)rc);
      return 0;
    }
    if (!hit) return (u32)n - 1;
  }
}

/* ---- a page that changed ------------------------------------------------ */

/* Of an extent of more than 64 KiB each such piece is read when it is asked
** for: who opens it anew finds this. */
static inline bool partFlip(const Part *p, u64 at) {
  u8 byte;
  at += p->g->ref.page * SN_PAGE;
  if (snStoreReadAt(p->store, at, &byte, 1)) return false;
  byte ^= 1;
  return !snStoreWriteAt(p->store, at, &byte, 1);
}

#endif
