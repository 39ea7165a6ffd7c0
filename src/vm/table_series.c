/*
** table_series: generate_series(from, to [, step]), which has both ends, and
** range([from,] to [, step]), which stops before the last.  Of integers, or
** of moments with an interval for a step.
**
** Moments are counted from the first one, not from one to the next: a month
** after the 31st of January is the 28th of February, two months after it the
** 31st of March.
*/
#include "vm/vmInt.h"

#define TABLE_SERIES_BATCH 4096u

typedef struct TableSeries {
  i64 k;             /* values given */
  i64 last;          /* of them */
} TableSeries;

static int tableSeriesState(TableCall *c, TableSeries **out) {
  if (!c->state) c->state = snArenaZero(c->arena, sizeof(TableSeries));
  *out = c->state;
  return c->state ? SEINE_OK : SN_NOMEM;
}

static int tableSeriesStill(TableCall *c) {
  snprintf(c->error, 256, "%s: a step of nothing never comes to an end",
      c->func->name);
  return SEINE_ERROR;
}

static bool tableSeriesNull(const TableCall *c) {
  for (u32 k = 0; k < c->nargs; k++)
    if (c->arg[k].null) return true;
  return false;
}

/* Whether v lies beyond the end, going up or down. */
static bool tableSeriesBeyond(i64 v, i64 end, bool up, bool open) {
  if (v == end) return open;
  return up ? v > end : v < end;
}

/* ---- integers ----------------------------------------------------------- */

static int tableSeriesInts(TableCall *c, i64 from, i64 to, i64 step,
    bool open) {
  TableSeries *s;
  int rc = tableSeriesState(c, &s);
  c->done = tableSeriesNull(c);
  if (rc || c->done) return rc;
  if (!step) return tableSeriesStill(c);
  for (u32 n = 0; n < TABLE_SERIES_BATCH; n++) {
    i64 v = from;
    c->done = s->k && __builtin_add_overflow(s->last, step, &v);
    c->done |= tableSeriesBeyond(v, to, step > 0, open);
    if (c->done) break;
    snRowsInt(&c->out, v);
    snRowsEnd(&c->out);
    s->last = v;
    s->k = 1;
  }
  return c->out.rc;
}

int snTableSeriesInts(TableCall *c) {
  return tableSeriesInts(c, c->arg[0].i, c->arg[1].i,
      c->nargs > 2 ? c->arg[2].i : 1, false);
}

int snTableSeriesRange(TableCall *c) {
  bool one = c->nargs == 1;
  return tableSeriesInts(c, one ? 0 : c->arg[0].i, c->arg[!one].i,
      c->nargs > 2 ? c->arg[2].i : 1, true);
}

/* ---- moments ------------------------------------------------------------ */

/* False where the interval is too long to count. */
static bool tableSeriesMoment(const TableCall *c, Interval step, i64 k,
    i64 *out) {
  Interval w;
  if (__builtin_mul_overflow(step.months, k, &w.months) ||
      __builtin_mul_overflow(step.us, k, &w.us))
    return false;
  *out = snDateAdd(c->arg[0].i, w, 1);
  return true;
}

static int tableSeriesMoments(TableCall *c, bool open) {
  TableSeries *s;
  Interval step;
  i64 second = 0;
  int rc = tableSeriesState(c, &s);
  c->done = tableSeriesNull(c);
  if (rc || c->done) return rc;
  memcpy(&step, c->arg[2].s.p, sizeof step);
  if (!tableSeriesMoment(c, step, 1, &second) || second == c->arg[0].i)
    return tableSeriesStill(c);
  bool up = second > c->arg[0].i;
  for (u32 n = 0; n < TABLE_SERIES_BATCH; n++, s->k++) {
    i64 v;
    c->done = !tableSeriesMoment(c, step, s->k, &v);
    /* At the ends of time, and where months and days pull apart. */
    if (!c->done && s->k) c->done = up ? v <= s->last : v >= s->last;
    if (!c->done) c->done = tableSeriesBeyond(v, c->arg[1].i, up, open);
    if (c->done) break;
    snRowsInt(&c->out, v);
    snRowsEnd(&c->out);
    s->last = v;
  }
  return c->out.rc;
}

int snTableSeriesMoments(TableCall *c) {
  return tableSeriesMoments(c, false);
}

int snTableSeriesMomentsOpen(TableCall *c) {
  return tableSeriesMoments(c, true);
}

#undef TABLE_SERIES_BATCH
