/*
** window: what the files window*.c share.  Private to vm.
*/
#ifndef SN_VM_WINDOW_H
#define SN_VM_WINDOW_H
#include "vm/vm.h"

typedef enum WindowTag {
  WINDOW_ROW_NUMBER, WINDOW_RANK, WINDOW_DENSE, WINDOW_PERCENT, WINDOW_CUME,
  WINDOW_NTILE, WINDOW_LAG, WINDOW_LEAD, WINDOW_FIRST, WINDOW_LAST,
  WINDOW_NTH, WINDOW_EWMA, WINDOW_WMA, WINDOW_HOLT, WINDOW_WINTERS,
  WINDOW_DIFF, WINDOW_SLOPE
} WindowTag;

/* Places [from, to) of a partition. */
typedef struct WindowSpan { u32 from, to; } WindowSpan;

/* The number of a bound: n; in RANGE over a REAL d, over times w. */
typedef struct WindowReach {
  i64 n;
  double d;
  Interval w;
} WindowReach;

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
  u32 group;         /* which peers these are, from 0 */
  u32 *group_end;    /* of GROUPS: behind the last place of each */
  u32 ngroups, group_cap;
  WindowReach reach[2]; /* of the frame's begin and end */
  WindowSpan valued; /* of RANGE with a number: the key is not NULL */
  u32 seek[2];       /* ... where its last search came to */
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

/* ---- From window_frame.c ------------------------------------------------ */

SN_FUNC int snWindowParts(WindowJob *j); /* finds the partitions */
SN_FUNC int snWindowBounds(WindowJob *j); /* reads the numbers of the frame */
SN_FUNC int snWindowEnter(WindowJob *j, u32 from, u32 to);
/* Moves to the peers of a place, which is not before those at hand. */
SN_FUNC void snWindowPeers(WindowJob *j, u32 at);
/* The frame of a place before EXCLUDE: [*a, *b), maybe empty.  Places are
** asked in increasing order within a partition; the answers never decrease,
** but for RANGE over months, whose lengths differ. */
SN_FUNC void snWindowFrame(WindowJob *j, u32 at, u32 *a, u32 *b);
/* What EXCLUDE leaves of it on both sides of the place and its peers. */
SN_FUNC void snWindowSides(WindowJob *j, u32 at, WindowSpan *side);
/* ... and the place itself, when EXCLUDE took its peers and left it. */
SN_FUNC bool snWindowSelf(const WindowJob *j, u32 at, const WindowSpan *side);
/* The frame as spans that are not empty, in order: their number. */
SN_FUNC u32 snWindowPieces(WindowJob *j, u32 at, WindowSpan out[3]);

/* ---- From window_series.c ----------------------------------------------- */

SN_FUNC int snWindowSeries(WindowJob *j); /* ewma ... derivative */

/* ---- From window_agg.c -------------------------------------------------- */

SN_FUNC int snWindowAgg(WindowJob *j);

#endif
