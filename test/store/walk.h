/*
** walk.h: what a toy root reaches, which is an array of references; those of
** page 0 are none.
*/
#ifndef STORE_TEST_WALK_H
#define STORE_TEST_WALK_H
#include "store/storeInt.h"

static inline int toyWalk(void *arg, Snapshot *base,
    int (*seen)(void *, const ExtentRef *), void *seen_arg) {
  u32 len;
  const u8 *p = snSnapshotRoot(base, &len);
  int rc = SEINE_OK;
  (void)arg;
  for (u32 i = 0; !rc && i < len; i += EXTENT_REF_BYTES) {
    ExtentRef r;
    snExtentRefGet(p + i, &r);
    if (r.page) rc = seen(seen_arg, &r);
  }
  return rc;
}

#endif
