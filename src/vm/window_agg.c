/*
** window_agg: aggregates over the frame of each row.
**
** Five ways, the first that fits:
** whole    every frame is its partition: all rows of all partitions go to
**          one aggregate, whose groups are the partitions.  O(rows).
** slide    count, sum, avg of numbers, min, max: values enter at the end of
**          the frame and leave at its start.  O(rows): sums are exact, so
**          what is taken out leaves no trace; for min and max a queue keeps
**          what may still become the answer.  EXCLUDE leaves two such runs
**          of rows, before and behind the hole.
** pieces   EXCLUDE and another aggregate: all of a row's frame is fed anew.
** back     frames to the end of the partition and an aggregate that does not
**          mind the order: rows are fed from the last to the first.  O(rows).
** forward  rows are fed as the frame grows.  When its start moves all is
**          forgotten and the new frame is fed whole: the cost is the sum of
**          the sizes of the distinct frames, rows x frame at worst.
** An aggregate is asked for its answer once per distinct frame.
**
** (1) Rows that the filter does not pass are in no sum, count or queue.
** (2) Strings of answers are in the arena of the store, or are those of its
**     rows.
*/
#include "vm/window.h"

#define WINDOW_AGG_VALUES (SN_WINDOW * sizeof(Str))
#define WINDOW_AGG_BITS   (SN_WORDS * sizeof(u64))

typedef struct WindowAgg {
  WindowJob *j;
  const RowCol *filter; /* or NULL */
  Agg *agg;
  Vec args[4], out;
  u8 *room;             /* buffers of args and out */
  u16 *pass;            /* rows of a chunk that the filter lets through */
  u32 *numbers;         /* a group per row of a chunk; starts of frames */
} WindowAgg;

typedef enum WindowSlideKind {
  WINDOW_NO_SLIDE, WINDOW_COUNT, WINDOW_SUM, WINDOW_AVG, WINDOW_MIN,
  WINDOW_MAX
} WindowSlideKind;

/* The rows of [lo, hi) are in. */
typedef struct WindowSlideRun {
  u32 lo, hi;
  u32 *queue;               /* [head, tail): places, best value first */
  u32 head, tail;
} WindowSlideRun;

typedef struct WindowSlide {
  WindowJob *j;
  const RowCol *x, *filter; /* x NULL: count(*) */
  WindowSlideKind kind;
  SortKey key;
  WindowSlideRun run[2];    /* the sides of what EXCLUDE takes */
  i64 count;
  i128 sum;
  ExactSum real;
} WindowSlide;

static bool windowAggPasses(const RowCol *filter, u32 row) {
  return !filter || (!snBit(filter->nulls, row) && filter->i[row]);
}

/* ---- Feeding an aggregate ----------------------------------------------- */

static int windowAggOpen(WindowAgg *a, WindowJob *j) {
  const WindowCall *w = j->w;
  size_t each = WINDOW_AGG_VALUES + WINDOW_AGG_BITS;
  u8 types[4] = {0};
  memset(a, 0, sizeof *a);
  a->j = j;
  a->filter = w->filter >= 0 ? j->r->col + w->filter : NULL;
  a->room = snMemZero(j->r->budget, each * (w->narg + 1) +
      SN_WINDOW * sizeof *a->pass);
  if (!a->room) return SN_NOMEM;
  for (u32 k = 0; k <= w->narg; k++) {
    Vec *v = k < w->narg ? a->args + k : &a->out;
    v->data = v->buf = a->room + each * k;
    v->null_buf = (u64 *)(void *)(a->room + each * k + WINDOW_AGG_VALUES);
    v->owned = true;
    if (k < w->narg) types[k] = v->type = j->r->col[w->arg[k]].type;
  }
  a->out.type = j->out->type;
  a->pass = (u16 *)(void *)(a->room + each * (w->narg + 1));
  return snAggOpen(j->r->budget, w->agg, types, w->narg, w->distinct,
      &a->agg);
}

static void windowAggClose(WindowAgg *a) {
  if (a->agg) snAggClose(a->agg);
  snMemFree(a->room);
  snMemFree(a->numbers);
}

/* Places [from, from + n), at most a window of them. */
static int windowAggChunk(WindowAgg *a, u32 from, u32 n, const u32 *gid,
    u32 ngroups) {
  WindowJob *j = a->j;
  Rows16 rows = {NULL, n};
  for (u32 k = 0; k < j->w->narg; k++) {
    snRowsEmit(j->r, j->w->arg[k], j->sorted, from, n, a->args + k);
  }
  if (a->filter) {
    rows = (Rows16){a->pass, 0};
    for (u32 i = 0; i < n; i++) {
      if (!windowAggPasses(a->filter, j->sorted[from + i])) continue;
      a->pass[rows.n++] = (u16)i;
    }
  }
  return snAggUpdate(a->agg, gid, ngroups, a->args, rows, j->error);
}

static int windowAggFeed(WindowAgg *a, u32 from, u32 to) {
  int rc = SEINE_OK;
  while (!rc && from < to) {
    u32 n = SN_MIN(to - from, SN_WINDOW);
    rc = windowAggChunk(a, from, n, NULL, 1);
    if (!rc) rc = snWindowTick(a->j, n);
    from += n;
  }
  return rc;
}

/* Empty, and one group is known. */
static int windowAggEmpty(WindowAgg *a) {
  snAggReset(a->agg);
  return windowAggChunk(a, a->j->from, 0, NULL, 1);
}

static int windowAggFinal(WindowAgg *a, u32 group, u32 n) {
  Vec *v = &a->out;
  int rc;
  v->form = VEC_FLAT;
  v->data = v->buf;
  v->nulls = NULL;
  memset(v->null_buf, 0, WINDOW_AGG_BITS);
  if (v->type == TYPE_BOOLEAN) memset(v->data, 0, WINDOW_AGG_BITS);
  rc = snAggFinal(a->agg, group, n, &a->j->r->bytes, v);
  if (rc == SEINE_ERROR) snWindowError(a->j, snAggError(a->agg));
  return rc;
}

/* Answer i of the last Final becomes that of a row. */
static void windowAggGive(WindowAgg *a, u32 i, u32 row) {
  RowCol *out = a->j->out;
  if (snVecNull(&a->out, i)) {
    snWindowNull(a->j, row);
    return;
  }
  snBitClear(out->nulls, row);
  if (a->out.type == TYPE_BOOLEAN) out->i[row] = snBit(a->out.data, i);
  else if (out->form == FORM_INT) out->i[row] = ((i64 *)a->out.data)[i];
  else if (out->form == FORM_REAL) out->d[row] = ((double *)a->out.data)[i];
  else out->s[row] = ((Str *)a->out.data)[i];
}

/* ---- The ways with an aggregate ----------------------------------------- */

static int windowAggWhole(WindowAgg *a) {
  WindowJob *j = a->j;
  u32 part = 0, at = 0;
  int rc = SEINE_OK;
  a->numbers = snMemAlloc(j->r->budget, SN_WINDOW * sizeof *a->numbers);
  if (!a->numbers) return SN_NOMEM;
  for (u32 from = 0; !rc && from < j->r->n; from += SN_WINDOW) {
    u32 n = SN_MIN(j->r->n - from, SN_WINDOW);
    for (u32 i = 0; i < n; i++) {
      if (from + i == j->part_end[part]) part++;
      a->numbers[i] = part;
    }
    rc = windowAggChunk(a, from, n, a->numbers, part + 1);
    if (!rc) rc = snWindowTick(j, n);
  }
  for (part = 0; !rc && part < j->nparts; part += SN_WINDOW) {
    u32 n = SN_MIN(j->nparts - part, SN_WINDOW);
    rc = windowAggFinal(a, part, n);
    for (u32 i = 0; !rc && i < n; i++) {
      for (; at < j->part_end[part + i]; at++) {
        windowAggGive(a, i, j->sorted[at]);
      }
    }
  }
  return rc;
}

static int windowAggForward(WindowAgg *a) {
  WindowJob *j = a->j;
  u32 lo = j->from, hi = j->from;
  int rc = windowAggEmpty(a);
  for (u32 at = j->from; !rc && at < j->to; at++) {
    u32 from, to;
    bool moved;
    snWindowFrame(j, at, &from, &to);
    moved = at == j->from || from != lo || to != hi;
    if (from != lo || to < hi) {
      lo = hi = from;
      rc = windowAggEmpty(a);
    }
    if (!rc) rc = windowAggFeed(a, hi, to);
    hi = to;
    if (!rc && moved) rc = windowAggFinal(a, 0, 1);
    if (!rc) rc = snWindowTick(j, 1);
    if (!rc) windowAggGive(a, 0, j->sorted[at]);
  }
  return rc;
}

/* Frames that end with the partition: their starts first, then backwards. */
static int windowAggBack(WindowAgg *a) {
  WindowJob *j = a->j;
  u32 lo = j->to, to, *starts;
  int rc = windowAggEmpty(a);
  if (!a->numbers) {
    a->numbers = snMemAlloc(j->r->budget, j->r->n * sizeof *a->numbers);
  }
  starts = a->numbers;
  if (!rc && !starts) rc = SN_NOMEM;
  for (u32 at = j->from; !rc && at < j->to; at++) {
    snWindowFrame(j, at, starts + at, &to);
  }
  for (u32 at = j->to; !rc && at > j->from; at--) {
    u32 from = starts[at - 1];
    bool moved = at == j->to || from != lo;
    if (from > lo) { /* months differ in length */
      lo = j->to;
      rc = windowAggEmpty(a);
    }
    if (!rc) rc = windowAggFeed(a, from, lo);
    lo = from;
    if (!rc && moved) rc = windowAggFinal(a, 0, 1);
    if (!rc) rc = snWindowTick(j, 1);
    if (!rc) windowAggGive(a, 0, j->sorted[at - 1]);
  }
  return rc;
}

static int windowAggPieces(WindowAgg *a) {
  WindowJob *j = a->j;
  WindowSpan last[3], now[3];
  u32 nlast = UINT32_MAX;
  int rc = SEINE_OK;
  memset(now, 0, sizeof now);
  for (u32 at = j->from; !rc && at < j->to; at++) {
    u32 n = snWindowPieces(j, at, now);
    if (n != nlast || memcmp(now, last, n * sizeof *now)) {
      rc = windowAggEmpty(a);
      for (u32 k = 0; !rc && k < n; k++) {
        rc = windowAggFeed(a, now[k].from, now[k].to);
      }
      if (!rc) rc = windowAggFinal(a, 0, 1);
      memcpy(last, now, sizeof last);
      nlast = n;
    }
    if (!rc) rc = snWindowTick(j, 1);
    if (!rc) windowAggGive(a, 0, j->sorted[at]);
  }
  return rc;
}

/* ---- Sliding ------------------------------------------------------------ */

static WindowSlideKind windowSlideKind(const WindowJob *j) {
  static const char *const names[] = {"", "count", "sum", "avg", "min",
      "max", "mean"};
  const WindowCall *w = j->w;
  const RowCol *x = w->narg == 1 ? j->r->col + w->arg[0] : NULL;
  u32 k = WINDOW_COUNT;
  while (k < SN_COUNT(names) && strcmp(w->agg->name, names[k])) k++;
  if (k == SN_COUNT(names) || w->narg > 1) return WINDOW_NO_SLIDE;
  if (k > WINDOW_MAX) k = WINDOW_AVG;
  if (k == WINDOW_COUNT) {
    return !w->distinct && j->out->type == TYPE_INTEGER ? WINDOW_COUNT
                                                        : WINDOW_NO_SLIDE;
  }
  if (!x) return WINDOW_NO_SLIDE;
  if (k == WINDOW_MIN || k == WINDOW_MAX) {
    bool plain = x->type == j->out->type && x->type < TYPE_ARRAY;
    return plain ? (WindowSlideKind)k : WINDOW_NO_SLIDE;
  }
  if (w->distinct || (x->type != TYPE_INTEGER && x->type != TYPE_REAL) ||
      j->out->type != (k == WINDOW_AVG ? TYPE_REAL : x->type)) {
    return WINDOW_NO_SLIDE;
  }
  return (WindowSlideKind)k;
}

/* Values which the new one beats will never be the answer: they leave the
** frame before it.  Of equal ones the first stays in front. */
static void windowSlidePush(WindowSlide *s, WindowSlideRun *u, u32 at) {
  const WindowJob *j = s->j;
  while (u->tail > u->head && snRowsCompare(j->r, &s->key, 1, j->sorted[at],
      j->sorted[u->queue[u->tail - 1]]) < 0) {
    u->tail--;
  }
  u->queue[u->tail++] = at;
}

/* Takes a place into a run (sign 1) or out (-1).  u NULL: for one answer, and
** who asks for the best value knows of it. */
static int windowSlideMove(WindowSlide *s, WindowSlideRun *u, u32 at,
    int sign) {
  u32 row = s->j->sorted[at];
  if (!windowAggPasses(s->filter, row)) return SEINE_OK;
  if (s->x && snBit(s->x->nulls, row)) return SEINE_OK;
  s->count += sign;
  switch (s->kind) {
    case WINDOW_SUM: case WINDOW_AVG:
      if (s->x->form == FORM_INT) s->sum += (i128)sign * s->x->i[row];
      else if (sign > 0) return snSumAdd(&s->real, s->x->d[row]);
      else return snSumSub(&s->real, s->x->d[row]);
      break;
    case WINDOW_MIN: case WINDOW_MAX:
      if (!u) break;
      if (sign > 0) windowSlidePush(s, u, at);
      else if (u->head < u->tail && u->queue[u->head] == at) u->head++;
      break;
    default: break;
  }
  return SEINE_OK;
}

/* The place of the best value in both runs; self: the row itself counts. */
static u32 windowSlideBest(const WindowSlide *s, u32 at, bool self) {
  const WindowJob *j = s->j;
  u32 best = self ? at : UINT32_MAX;
  for (u32 k = 0; k < 2; k++) {
    const WindowSlideRun *u = s->run + k;
    if (u->head == u->tail) continue;
    if (best == UINT32_MAX || snRowsCompare(j->r, &s->key, 1,
        j->sorted[u->queue[u->head]], j->sorted[best]) < 0) {
      best = u->queue[u->head];
    }
  }
  return best;
}

static int windowSlideGive(WindowSlide *s, u32 at, bool self) {
  WindowJob *j = s->j;
  u32 row = j->sorted[at];
  bool whole = s->x && s->x->form == FORM_INT;
  if (s->kind == WINDOW_COUNT) {
    snWindowInt(j, row, s->count);
  } else if (!s->count) {
    snWindowNull(j, row);
  } else if (s->kind == WINDOW_MIN || s->kind == WINDOW_MAX) {
    snWindowCopy(j, row, s->x, j->sorted[windowSlideBest(s, at, self)]);
  } else if (s->kind == WINDOW_AVG) {
    double sum = whole ? (double)s->sum : snSumGet(&s->real);
    snWindowReal(j, row, sum / (double)s->count);
  } else if (!whole) {
    snWindowReal(j, row, snSumGet(&s->real));
  } else if (s->sum < INT64_MIN || s->sum > INT64_MAX) {
    return snWindowError(j, "integer overflow in sum()");
  } else {
    snWindowInt(j, row, (i64)s->sum);
  }
  return SEINE_OK;
}

static void windowSlideEmpty(WindowSlide *s, const WindowSpan *side) {
  for (u32 k = 0; k < 2; k++) {
    s->run[k].lo = s->run[k].hi = side[k].from;
    s->run[k].head = s->run[k].tail = 0;
  }
  s->count = 0;
  s->sum = 0;
  snSumClear(&s->real);
  snSumInit(&s->real, s->j->r->budget);
}

static int windowSlideTo(WindowSlide *s, WindowSlideRun *u, WindowSpan to,
    u32 *work) {
  int rc = SEINE_OK;
  for (; !rc && u->hi < to.to; u->hi++, ++*work) {
    rc = windowSlideMove(s, u, u->hi, 1);
  }
  for (; !rc && u->lo < to.from; u->lo++, ++*work) {
    rc = windowSlideMove(s, u, u->lo, -1);
  }
  return rc;
}

/* A row that EXCLUDE TIES left between the runs is in for its own answer. */
static int windowSlideAnswer(WindowSlide *s, u32 at, bool self) {
  i64 before = s->count;
  int rc = self ? windowSlideMove(s, NULL, at, 1) : SEINE_OK;
  if (!rc) rc = windowSlideGive(s, at, self && s->count > before);
  if (!rc && self) rc = windowSlideMove(s, NULL, at, -1);
  return rc;
}

static int windowSlidePart(WindowSlide *s) {
  WindowJob *j = s->j;
  WindowSpan start[2] = {{j->from, j->from}, {j->from, j->from}};
  int rc = SEINE_OK;
  windowSlideEmpty(s, start);
  for (u32 at = j->from; !rc && at < j->to; at++) {
    WindowSpan side[2];
    u32 work = 1;
    bool back = false; /* months differ in length */
    snWindowSides(j, at, side);
    for (u32 k = 0; k < 2; k++) {
      back |= side[k].from < s->run[k].lo || side[k].to < s->run[k].hi;
    }
    if (back) windowSlideEmpty(s, side);
    for (u32 k = 0; !rc && k < 2; k++) {
      rc = windowSlideTo(s, s->run + k, side[k], &work);
    }
    if (!rc) rc = windowSlideAnswer(s, at, snWindowSelf(j, at, side));
    if (!rc) rc = snWindowTick(j, work);
  }
  return rc;
}

static int windowSlideAll(WindowJob *j, WindowSlideKind kind) {
  const WindowCall *w = j->w;
  WindowSlide s = {.j = j, .kind = kind};
  bool best = kind == WINDOW_MIN || kind == WINDOW_MAX;
  int rc = SEINE_OK;
  s.x = w->narg ? j->r->col + w->arg[0] : NULL;
  s.filter = w->filter >= 0 ? j->r->col + w->filter : NULL;
  if (best) {
    s.key = (SortKey){w->arg[0], kind == WINDOW_MAX, false};
    s.run[0].queue = snMemAlloc(j->r->budget, 2ull * j->r->n * sizeof(u32));
    if (!s.run[0].queue) return SN_NOMEM;
    s.run[1].queue = s.run[0].queue + j->r->n;
  }
  snSumInit(&s.real, j->r->budget);
  for (u32 i = 0; !rc && i < j->nparts; i++) {
    rc = snWindowEnter(j, i ? j->part_end[i - 1] : 0, j->part_end[i]);
    if (!rc) rc = windowSlidePart(&s);
  }
  snSumClear(&s.real);
  snMemFree(s.run[0].queue);
  return rc;
}

/* ---- Which way ---------------------------------------------------------- */

static bool windowAggIsWhole(const WindowCall *w) {
  const Frame *f = &w->frame;
  bool peers = f->mode != FRAME_ROWS && !w->norder;
  return !f->exclude && (f->start == FRAME_UNBOUNDED_PRECEDING ||
      (peers && f->start == FRAME_CURRENT)) &&
      (f->end == FRAME_UNBOUNDED_FOLLOWING ||
      (peers && f->end == FRAME_CURRENT));
}

int snWindowAgg(WindowJob *j) {
  const WindowCall *w = j->w;
  bool whole = windowAggIsWhole(w);
  bool back = w->frame.end == FRAME_UNBOUNDED_FOLLOWING &&
      !(w->agg->flags & AGG_ORDERED);
  WindowSlideKind slide = windowSlideKind(j);
  WindowAgg a;
  int rc;
  if (!whole && slide) return windowSlideAll(j, slide);
  rc = windowAggOpen(&a, j);
  if (!rc && whole) {
    rc = windowAggWhole(&a);
    goto done;
  }
  for (u32 i = 0; !rc && i < j->nparts; i++) {
    rc = snWindowEnter(j, i ? j->part_end[i - 1] : 0, j->part_end[i]);
    if (rc) break;
    rc = w->frame.exclude ? windowAggPieces(&a)
        : back            ? windowAggBack(&a) : windowAggForward(&a);
  }

done:
  windowAggClose(&a);
  return rc;
}

#undef WINDOW_AGG_VALUES
#undef WINDOW_AGG_BITS
