/*
** part.h: for tests of single parts of index/: a segment made of chosen
** sections, and byte strings kept in an array.
*/
#ifndef TEST_INDEX_PART_H
#define TEST_INDEX_PART_H
#include "index/model.h"

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

#endif
