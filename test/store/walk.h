/*
** walk.h: what a toy state reaches.  Its root is an array of references, and
** so is what rides beside it; those of page 0 are none.
*/
#ifndef STORE_TEST_WALK_H
#define STORE_TEST_WALK_H
#include "store/storeInt.h"

static inline int toyWalkRefs(const u8 *p, u32 len,
    int (*seen)(void *, const ExtentRef *), void *seen_arg) {
  int rc = SEINE_OK;
  for (u32 i = 0; !rc && i + EXTENT_REF_BYTES <= len; i += EXTENT_REF_BYTES) {
    ExtentRef r;
    snExtentRefGet(p + i, &r);
    if (r.page) rc = seen(seen_arg, &r);
  }
  return rc;
}

static inline int toyWalk(void *arg, Snapshot *base,
    int (*seen)(void *, const ExtentRef *), void *seen_arg) {
  u32 len;
  const u8 *p = snSnapshotRoot(base, &len);
  int rc = toyWalkRefs(p, len, seen, seen_arg);
  (void)arg;
  p = snSnapshotDelta(base, &len);
  return rc ? rc : toyWalkRefs(p, len, seen, seen_arg);
}

#endif
