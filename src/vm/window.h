/*
** window: what window.c and window_agg.c share.  Private to vm.
*/
#ifndef SN_VM_WINDOW_H
#define SN_VM_WINDOW_H
#include "vm/vm.h"

/* One call in work.  Places are indexes of `sorted`, rows those of the
** store.  [from, to) is the partition at hand. */
typedef struct WindowJob {
  RowStore *r;
  const u32 *sorted;
  const WindowCall *w;
  RowCol *out;
  u32 *part_end;     /* behind the last place of each partition */
  u32 nparts, part_cap;
  u32 from, to;
  u32 peer_from, peer_to; /* rows equal in order around the last place asked */
  u32 work;          /* rows since cancelled() was asked */
  int (*cancelled)(void *);
  void *arg;
  char *error;       /* 256 bytes */
} WindowJob;

/* ---- From window.c ------------------------------------------------------ */

/* Counts n rows of work: SEINE_INTERRUPT when the user wants no more. */
SN_FUNC int snWindowTick(WindowJob *j, u32 n);
SN_FUNC int snWindowError(WindowJob *j, const char *text);
/* Each gives the result of a row. */
SN_FUNC void snWindowNull(WindowJob *j, u32 row);
SN_FUNC void snWindowInt(WindowJob *j, u32 row, i64 v);
SN_FUNC void snWindowReal(WindowJob *j, u32 row, double v);
/* The value of `row` in column c becomes that of `to`. */
SN_FUNC void snWindowCopy(WindowJob *j, u32 to, const RowCol *c, u32 row);
SN_FUNC void snWindowEnter(WindowJob *j, u32 from, u32 to);
/* The frame of a place: [*a, *b), maybe empty.  Places are asked in
** increasing order within a partition; the answers never decrease. */
SN_FUNC void snWindowFrame(WindowJob *j, u32 at, u32 *a, u32 *b);

/* ---- From window_agg.c -------------------------------------------------- */

SN_FUNC int snWindowAgg(WindowJob *j);

#endif
