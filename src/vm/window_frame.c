/*
** window_frame: which rows does a window function see from a row?  Finds
** partitions, peers and frames of all modes, and what EXCLUDE takes out.
**
** (1) Peers are rows of one partition that are equal in the order; without
**     an order all rows are.  A partition's peers are found in one walk, or,
**     for GROUPS, in two.
** (2) A frame is [a, b) in places of its partition.  An end beyond the
**     partition is its border, an end before the start makes the frame empty.
** (3) RANGE with a number: rows whose key is NULL see each other and, through
**     UNBOUNDED, others; no other row reaches them but through UNBOUNDED.
**     Sums are taken without overflow: a distance may reach beyond all keys.
** (4) The number of a bound is read once, from the first row: it is the same
**     in all.  Over INTEGER keys a distance of 2.5 counts as the whole number
**     that admits the same keys.
*/
#include "vm/window.h"

#define FRAME_DAY_US 86400000000ll

/* ---- Partitions and peers ----------------------------------------------- */

int snWindowParts(WindowJob *j) {
  u32 n = j->r->n;
  int rc;
  for (u32 i = 1; i <= n; i++) {
    if (i < n && !snRowsCompare(j->r, j->w->part, j->w->npart,
        j->sorted[i - 1], j->sorted[i])) {
      continue;
    }
    rc = snMemGrow(j->r->budget, &j->part_end, &j->part_cap,
        (u64)j->nparts + 1, sizeof *j->part_end);
    if (rc) return rc;
    j->part_end[j->nparts++] = i;
  }
  return SEINE_OK;
}

void snWindowPeers(WindowJob *j, u32 at) {
  while (at >= j->peer_to) {
    u32 i = j->peer_to + 1;
    if (!j->w->norder) i = j->to;
    while (i < j->to && !snRowsCompare(j->r, j->w->order, j->w->norder,
        j->sorted[i - 1], j->sorted[i])) {
      i++;
    }
    j->peer_from = j->peer_to;
    j->peer_to = i;
    j->group++;
  }
}

static void windowFrameRewind(WindowJob *j) {
  j->peer_from = j->peer_to = j->from;
  j->group = UINT32_MAX; /* the first peers make it 0 */
}

static int windowFrameGroups(WindowJob *j) {
  j->ngroups = 0;
  while (j->peer_to < j->to) {
    int rc;
    snWindowPeers(j, j->peer_to);
    rc = snMemGrow(j->r->budget, &j->group_end, &j->group_cap,
        (u64)j->ngroups + 1, sizeof *j->group_end);
    if (rc) return rc;
    j->group_end[j->ngroups++] = j->peer_to;
  }
  windowFrameRewind(j);
  return SEINE_OK;
}

/* ---- The numbers of bounds ---------------------------------------------- */

static bool windowFrameHasReach(u8 end) {
  return end == FRAME_PRECEDING || end == FRAME_FOLLOWING;
}

/* RANGE and a number somewhere: the key is calculated with. */
static bool windowFrameFar(const WindowJob *j) {
  const Frame *f = &j->w->frame;
  return f->mode == FRAME_RANGE &&
      (windowFrameHasReach(f->start) || windowFrameHasReach(f->end));
}

static const RowCol *windowFrameKey(const WindowJob *j) {
  return j->r->col + j->w->order[0].col;
}

/* A distance that is no whole number, beside INTEGER keys: k >= x - 2.5 is
** k >= x - 2, and k >= x + 2.5 is k >= x + 3. */
static i64 windowFrameWhole(double d, bool up) {
  d = up ? ceil(d) : floor(d);
  return d < 0x1p63 ? (i64)d : INT64_MAX;
}

static int windowFrameReach(WindowJob *j, u8 end, bool is_end, i64 n, u32 by) {
  WindowReach *x = j->reach + is_end;
  const RowCol *c = by ? j->r->col + by - 1 : NULL;
  u32 row = j->sorted[0];
  bool bad = c && snBit(c->nulls, row);
  x->n = n;
  x->d = (double)n;
  if (c && !bad && c->form == FORM_REAL) {
    x->d = c->d[row];
    bad = isnan(x->d);
    if (!bad) x->n = windowFrameWhole(x->d, (end == FRAME_FOLLOWING) != is_end);
  } else if (c && !bad && c->form == FORM_INT) {
    x->n = c->i[row];
    x->d = (double)x->n;
  } else if (c && !bad) {
    bad = c->s[row].n != sizeof x->w;
    if (!bad) memcpy(&x->w, c->s[row].p, sizeof x->w);
    bad |= x->w.months < 0 || x->w.us < 0;
    x->n = 0;
  }
  bad |= x->n < 0 || x->d < 0;
  return bad ? snWindowError(j, "the numbers of a frame's bounds must be 0 or "
      "more, not negative and not NULL") : SEINE_OK;
}

int snWindowBounds(WindowJob *j) {
  const Frame *f = &j->w->frame;
  int rc = SEINE_OK;
  if (windowFrameFar(j) && j->w->norder != 1)
    return snWindowError(j, "RANGE with a number needs an ORDER BY of one "
        "expression");
  if (windowFrameFar(j) && windowFrameKey(j)->form == FORM_STR)
    return snWindowError(j, "RANGE with a number needs an ORDER BY of a "
        "number, a DATE or a TIMESTAMP");
  if (windowFrameHasReach(f->start))
    rc = windowFrameReach(j, f->start, false, f->start_n, f->start_by);
  if (!rc && windowFrameHasReach(f->end))
    rc = windowFrameReach(j, f->end, true, f->end_n, f->end_by);
  return rc;
}

/* The places of keys that are no NULLs: those stand at one end. */
static void windowFrameValued(WindowJob *j) {
  const u64 *nulls = windowFrameKey(j)->nulls;
  u32 a = j->from, b = j->to;
  while (a < b && snBit(nulls, j->sorted[a])) a++;
  while (b > a && snBit(nulls, j->sorted[b - 1])) b--;
  j->valued = (WindowSpan){a, b};
  j->seek[0] = j->seek[1] = a;
}

int snWindowEnter(WindowJob *j, u32 from, u32 to) {
  j->from = from;
  j->to = to;
  windowFrameRewind(j);
  if (windowFrameFar(j)) windowFrameValued(j);
  return j->w->frame.mode == FRAME_GROUPS ? windowFrameGroups(j) : SEINE_OK;
}

/* ---- ROWS and GROUPS ---------------------------------------------------- */

/* at + n, kept in the partition. */
static u32 windowFrameMove(const WindowJob *j, u32 at, i64 n) {
  i64 v;
  if (__builtin_add_overflow((i64)at, n, &v)) return n < 0 ? j->from : j->to;
  return (u32)SN_MAX(SN_MIN(v, (i64)j->to), (i64)j->from);
}

/* Where the group begins that lies n behind the one at hand. */
static u32 windowFrameGroup(const WindowJob *j, i64 n) {
  i64 g;
  if (__builtin_add_overflow((i64)j->group, n, &g)) g = n < 0 ? 0 : INT64_MAX;
  if (g <= 0) return j->from;
  return g >= (i64)j->ngroups ? j->to : j->group_end[g - 1];
}

/* ---- RANGE with a number ------------------------------------------------ */

/* The least or the greatest key of the frame: an INTEGER or a time, or d. */
typedef struct WindowEdge { i128 i; double d; } WindowEdge;

static i64 windowFrameUs(const RowCol *c, u32 row) {
  i128 us = c->i[row];
  if (c->type == TYPE_DATE) us *= FRAME_DAY_US;
  return (i64)SN_MAX(SN_MIN(us, (i128)INT64_MAX), (i128)INT64_MIN);
}

/* The key of a row and the reach away from it, sign 1 or -1. */
static WindowEdge windowFrameEdge(const WindowJob *j, u32 row, int sign,
    const WindowReach *x) {
  const RowCol *c = windowFrameKey(j);
  WindowEdge e = {0, 0};
  if (c->form == FORM_REAL) {
    e.d = isinf(x->d) ? sign * x->d : c->d[row] + sign * x->d;
  } else if (x->w.months || x->w.us) {
    e.i = snDateAdd(windowFrameUs(c, row), x->w, sign);
  } else {
    e.i = (i128)c->i[row] + (i128)sign * x->n;
    if (c->type == TYPE_DATE) e.i *= FRAME_DAY_US;
  }
  return e;
}

/* NaN is the greatest, as in ORDER BY. */
static int windowFrameCompare(const RowCol *c, u32 row, const WindowEdge *e) {
  if (c->form == FORM_REAL) {
    double v = c->d[row];
    if (isnan(v) || isnan(e->d)) return isnan(v) - isnan(e->d);
    return (v > e->d) - (v < e->d);
  }
  i128 v = c->i[row];
  if (c->type == TYPE_DATE) v *= FRAME_DAY_US;
  return (v > e->i) - (v < e->i);
}

/* Whether a place stands before the bound; of equal keys those count that a
** frame's end takes in. */
static bool windowFrameBefore(const WindowJob *j, u32 at, const WindowEdge *e,
    bool is_end) {
  int c = windowFrameCompare(windowFrameKey(j), j->sorted[at], e);
  if (j->w->order[0].desc) c = -c;
  return is_end ? c <= 0 : c < 0;
}

/* From where the last search came to: the way is short. */
static u32 windowFrameSeek(WindowJob *j, u32 at, u8 end, bool is_end) {
  bool up = (end == FRAME_FOLLOWING) != j->w->order[0].desc;
  u32 *s = j->seek + is_end;
  WindowEdge e = windowFrameEdge(j, j->sorted[at], up ? 1 : -1,
      j->reach + is_end);
  while (*s < j->valued.to && windowFrameBefore(j, *s, &e, is_end)) ++*s;
  while (*s > j->valued.from && !windowFrameBefore(j, *s - 1, &e, is_end)) {
    --*s;
  }
  return *s;
}

/* One bound of a frame with a number. */
static u32 windowFrameEnd(WindowJob *j, u32 at, u8 end, bool is_end) {
  const WindowReach *x = j->reach + is_end;
  i64 n = end == FRAME_PRECEDING ? -x->n : x->n;
  switch (j->w->frame.mode) {
    case FRAME_ROWS: return windowFrameMove(j, at + is_end, n);
    case FRAME_GROUPS:
      if (n == INT64_MAX) return j->to;
      return windowFrameGroup(j, n + is_end);
    default:
      if (snBit(windowFrameKey(j)->nulls, j->sorted[at]))
        return is_end ? j->peer_to : j->peer_from;
      return windowFrameSeek(j, at, end, is_end);
  }
}

/* ---- The frame ---------------------------------------------------------- */

void snWindowFrame(WindowJob *j, u32 at, u32 *a, u32 *b) {
  const Frame *f = &j->w->frame;
  bool rows = f->mode == FRAME_ROWS;
  if (!rows) snWindowPeers(j, at);
  switch (f->start) {
    case FRAME_UNBOUNDED_PRECEDING: *a = j->from; break;
    case FRAME_CURRENT: *a = rows ? at : j->peer_from; break;
    case FRAME_UNBOUNDED_FOLLOWING: *a = j->to; break;
    default: *a = windowFrameEnd(j, at, f->start, false); break;
  }
  switch (f->end) {
    case FRAME_UNBOUNDED_PRECEDING: *b = j->from; break;
    case FRAME_CURRENT: *b = rows ? at + 1 : j->peer_to; break;
    case FRAME_UNBOUNDED_FOLLOWING: *b = j->to; break;
    default: *b = windowFrameEnd(j, at, f->end, true); break;
  }
  *a = SN_MIN(*a, *b);
}

void snWindowSides(WindowJob *j, u32 at, WindowSpan *side) {
  u8 exclude = j->w->frame.exclude;
  u32 a, b, from = at, to = at + 1;
  snWindowFrame(j, at, &a, &b);
  if (!exclude) {
    side[0] = (WindowSpan){a, b};
    side[1] = (WindowSpan){b, b};
    return;
  }
  if (exclude != EXCLUDE_ROW) {
    snWindowPeers(j, at);
    from = j->peer_from;
    to = j->peer_to;
  }
  side[0] = (WindowSpan){a, SN_MAX(a, SN_MIN(b, from))};
  side[1] = (WindowSpan){SN_MIN(b, SN_MAX(a, to)), b};
}

bool snWindowSelf(const WindowJob *j, u32 at, const WindowSpan *side) {
  return j->w->frame.exclude == EXCLUDE_TIES && at >= side[0].from &&
      at < side[1].to;
}

u32 snWindowPieces(WindowJob *j, u32 at, WindowSpan out[3]) {
  WindowSpan side[2];
  u32 n = 0;
  snWindowSides(j, at, side);
  if (side[0].from < side[0].to) out[n++] = side[0];
  if (snWindowSelf(j, at, side)) out[n++] = (WindowSpan){at, at + 1};
  if (side[1].from < side[1].to) out[n++] = side[1];
  return n;
}

#undef FRAME_DAY_US
