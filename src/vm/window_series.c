/*
** window_series: averages that follow a series, and its differences: what
** search servers call moving averages and pipelines.
**
** (1) ewma: s = alpha * x + (1 - alpha) * s from the first value on; a NULL
**     leaves s as it is.
** (2) wma: the values of the frame that are not NULL weigh 1, 2, 3 ... in
**     their order.
** (3) holt: level l and trend b.  The first value is the level, the second
**     makes the trend; from there l' = alpha * x + (1 - alpha) * (l + b) and
**     b' = beta * (l' - l) + (1 - beta) * b.
** (4) holt_winters: seasons beside.  The first two periods start it: the
**     means of both give level and trend, the first gives the seasons; before
**     they are full there is no answer.
** (5) In (3) and (4) a NULL counts as the value that was expected, so rows
**     behind the last value get the forecast; so does any row with ahead.
** (6) A parameter that is NULL or left out is fitted: the least sum of
**     squared errors one step ahead over the partition, by a grid and then
**     ever smaller steps.  The same input gives the same answer.
*/
#include "vm/window.h"

/* ---- Simple averages ---------------------------------------------------- */

static int windowSeriesEwma(WindowJob *j) {
  const RowCol *x = j->r->col + j->w->arg[0];
  const RowCol *alpha = j->r->col + j->w->arg[1];
  bool any = false;
  double s = 0;
  for (u32 at = j->from; at < j->to; at++) {
    u32 row = j->sorted[at];
    bool null = snBit(alpha->nulls, row);
    double a = null ? 0 : alpha->d[row];
    int rc = snWindowTick(j, 1);
    if (rc) return rc;
    if (!(a >= 0 && a <= 1)) {
      return snWindowError(j, "ewma() needs an alpha from 0 to 1");
    }
    if (!null && !snBit(x->nulls, row)) {
      s = any ? a * x->d[row] + (1 - a) * s : x->d[row];
      any = true;
    }
    if (any && !null) snWindowReal(j, row, s);
    else snWindowNull(j, row);
  }
  return SEINE_OK;
}

static int windowSeriesWma(WindowJob *j) {
  const RowCol *x = j->r->col + j->w->arg[0];
  for (u32 at = j->from; at < j->to; at++) {
    WindowSpan piece[3];
    u32 row = j->sorted[at], pieces = snWindowPieces(j, at, piece), work = 1;
    double sum = 0, weight = 0, all = 0;
    int rc;
    for (u32 k = 0; k < pieces; k++) {
      for (u32 i = piece[k].from; i < piece[k].to; i++, work++) {
        u32 other = j->sorted[i];
        if (snBit(x->nulls, other)) continue;
        weight++;
        all += weight;
        sum += weight * x->d[other];
      }
    }
    rc = snWindowTick(j, work);
    if (rc) return rc;
    if (all > 0) snWindowReal(j, row, sum / all);
    else snWindowNull(j, row);
  }
  return SEINE_OK;
}

/* ---- Differences -------------------------------------------------------- */

/* x minus x of the row n before (behind when negative). */
static int windowSeriesDiff(WindowJob *j) {
  const RowCol *x = j->r->col + j->w->arg[0];
  const RowCol *by = j->w->narg > 1 ? j->r->col + j->w->arg[1] : NULL;
  for (u32 at = j->from; at < j->to; at++) {
    u32 row = j->sorted[at], before;
    i64 n = by ? by->i[row] : 1, to, v;
    int rc = snWindowTick(j, 1);
    bool none;
    if (rc) return rc;
    none = __builtin_sub_overflow((i64)at, n, &to) || to < (i64)j->from ||
        to >= (i64)j->to || (by && snBit(by->nulls, row));
    before = none ? row : j->sorted[to];
    if (none || snBit(x->nulls, row) || snBit(x->nulls, before)) {
      snWindowNull(j, row);
    } else if (x->form == FORM_REAL) {
      snWindowReal(j, row, x->d[row] - x->d[before]);
    } else if (__builtin_sub_overflow(x->i[row], x->i[before], &v)) {
      return snWindowError(j, "integer overflow in derivative() or "
          "serial_diff()");
    } else {
      snWindowInt(j, row, v);
    }
  }
  return SEINE_OK;
}

/* A unit of months takes 30 days for each. */
static double windowSeriesUnit(const Interval *w) {
  return (double)w->months * 30 * 86400e6 + (double)w->us;
}

static int windowSeriesSlope(WindowJob *j) {
  const RowCol *x = j->r->col + j->w->arg[0], *by = j->r->col + j->w->arg[1];
  const RowCol *key = j->w->norder ? j->r->col + j->w->order[0].col : NULL;
  u32 before = 0;
  if (!key || (key->type != TYPE_DATE && key->type != TYPE_TIMESTAMP)) {
    return snWindowError(j, "derivative() by a unit of time needs an ORDER "
        "BY of a DATE or a TIMESTAMP");
  }
  for (u32 at = j->from; at < j->to; at++) {
    u32 row = j->sorted[at];
    Interval w = {0, 0};
    double scale = key->type == TYPE_DATE ? 86400e6 : 1, unit, gap;
    int rc = snWindowTick(j, 1);
    if (rc) return rc;
    if (by->s[row].n == sizeof w) memcpy(&w, by->s[row].p, sizeof w);
    unit = windowSeriesUnit(&w);
    if (!snBit(by->nulls, row) && unit <= 0) {
      return snWindowError(j, "the unit of derivative() must be above 0");
    }
    gap = at > j->from ? ((double)key->i[row] - (double)key->i[before]) *
        scale : 0;
    if (at == j->from || unit <= 0 || gap == 0 || snBit(x->nulls, row) ||
        snBit(x->nulls, before) || snBit(key->nulls, row) ||
        snBit(key->nulls, before)) {
      snWindowNull(j, row);
    } else {
      snWindowReal(j, row, (x->d[row] - x->d[before]) / (gap / unit));
    }
    before = row;
  }
  return SEINE_OK;
}

/* ---- Level, trend and seasons ------------------------------------------- */

typedef struct WindowModel {
  WindowJob *j;
  const RowCol *x, *ahead; /* ahead: or NULL */
  u32 n, period;           /* period 0: no seasons */
  bool mult;
  double p[3];             /* alpha, beta, gamma; NaN: to be fitted */
  double level, trend;     /* at the start */
  double *start, *season;  /* period each */
} WindowModel;

static double windowModelSeason(const WindowModel *m, double line, u64 i) {
  double s = m->season[i % m->period];
  return m->mult ? line * s : line + s;
}

static int windowModelGive(const WindowModel *m, u32 i, double l, double b) {
  u32 row = m->j->sorted[m->j->from + i];
  i64 h = m->ahead && !snBit(m->ahead->nulls, row) ? m->ahead->i[row] : 0;
  double line = l + (double)h * b;
  if (h < 0)
    return snWindowError(m->j, "ahead cannot be negative: lag() looks back");
  if (m->period) line = windowModelSeason(m, line, (u64)i + (u64)h);
  snWindowReal(m->j, row, line);
  return SEINE_OK;
}

/* One pass over the partition: the squared errors, and the answers. */
static int windowModelHolt(WindowModel *m, const double *p, bool give,
    double *sse) {
  double l = 0, b = 0, e;
  u64 seen = 0;
  int rc = SEINE_OK;
  *sse = 0;
  for (u32 i = 0; !rc && i < m->n; i++) {
    u32 row = m->j->sorted[m->j->from + i];
    double was = l, v = m->x->d[row];
    l += b; /* what is expected */
    if (!snBit(m->x->nulls, row)) {
      e = v - l;
      if (seen == 0) l = v;
      if (seen == 1) b = v - was, l = v;
      if (seen > 1) {
        *sse += e * e;
        l += p[0] * e;
        b += p[1] * (l - was - b);
      }
      seen++;
    }
    if (give && seen) rc = windowModelGive(m, i, l, b);
    else if (give) snWindowNull(m->j, row);
  }
  return rc;
}

static int windowModelWinters(WindowModel *m, const double *p, bool give,
    double *sse) {
  double l = m->level, b = m->trend;
  int rc = SEINE_OK;
  *sse = 0;
  if (m->period) memcpy(m->season, m->start, m->period * sizeof *m->start);
  for (u32 i = m->period; !rc && i < m->n; i++) {
    u32 row = m->j->sorted[m->j->from + i];
    double *s = m->season + i % m->period, was = l;
    double expect = windowModelSeason(m, l + b, i);
    double v = snBit(m->x->nulls, row) ? expect : m->x->d[row];
    double plain = m->mult ? v / *s : v - *s;
    *sse += (v - expect) * (v - expect);
    l = p[0] * plain + (1 - p[0]) * (l + b);
    b = p[1] * (l - was) + (1 - p[1]) * b;
    *s = p[2] * (m->mult ? v / l : v - l) + (1 - p[2]) * *s;
    if (give && i + 1 >= 2 * m->period) rc = windowModelGive(m, i, l, b);
  }
  return rc;
}

static int windowModelRun(WindowModel *m, const double *p, bool give,
    double *sse) {
  int rc = snWindowTick(m->j, m->n);
  if (rc) return rc;
  rc = m->period ? windowModelWinters(m, p, give, sse)
                 : windowModelHolt(m, p, give, sse);
  if (isnan(*sse)) *sse = INFINITY;
  return rc;
}

/* Takes p over for the best ones when its error is less. */
static int windowModelTry(WindowModel *m, const double *p, double *best,
    bool *better) {
  double sse;
  int rc = windowModelRun(m, p, false, &sse);
  *better = !rc && sse < *best;
  if (!*better) return rc;
  *best = sse;
  memcpy(m->p, p, sizeof m->p);
  return rc;
}

static int windowModelGrid(WindowModel *m, const bool *open, double *best) {
  double given[3], p[3];
  int rc = SEINE_OK;
  memcpy(given, m->p, sizeof given);
  for (u32 k = 0; k < 3; k++) if (open[k]) m->p[k] = 0.5;
  for (u32 g = 0; !rc && g < 125; g++) {
    u32 digit[3] = {g % 5, g / 5 % 5, g / 25};
    bool again = false, better;
    for (u32 k = 0; k < 3; k++) {
      p[k] = open[k] ? 0.1 + 0.2 * digit[k] : given[k];
      again |= !open[k] && digit[k] > 0;
    }
    if (!again) rc = windowModelTry(m, p, best, &better);
  }
  return rc;
}

/* From the best point of the grid by steps in each direction, which are
** halved when none leads down. */
static int windowModelFit(WindowModel *m) {
  bool open[3], any = false;
  double best = INFINITY;
  int rc;
  for (u32 k = 0; k < 3; k++) any |= open[k] = isnan(m->p[k]);
  if (!m->period) {
    open[2] = false;
    m->p[2] = 0;
  }
  if (!any) return SEINE_OK;
  rc = windowModelGrid(m, open, &best);
  for (double step = 0.1; !rc && step > 1e-4;) {
    bool moved = false;
    for (u32 k = 0; !rc && k < 6; k++) {
      double p[3];
      bool better;
      if (!open[k / 2]) continue;
      memcpy(p, m->p, sizeof p);
      p[k / 2] += k & 1 ? step : -step;
      if (p[k / 2] < 0 || p[k / 2] > 1) continue;
      rc = windowModelTry(m, p, &best, &better);
      moved |= better;
    }
    if (!moved) step /= 2;
  }
  return rc;
}

/* The mean of a period's values; a NULL among them is as good as it. */
static double windowModelMean(const WindowModel *m, u32 from) {
  double sum = 0;
  u32 n = 0;
  for (u32 i = from; i < from + m->period; i++) {
    u32 row = m->j->sorted[m->j->from + i];
    if (snBit(m->x->nulls, row)) continue;
    sum += m->x->d[row];
    n++;
  }
  return n ? sum / n : NAN;
}

static int windowModelStart(WindowModel *m) {
  u32 period = m->period;
  double first = windowModelMean(m, 0), second = windowModelMean(m, period);
  if (isnan(first)) first = isnan(second) ? 0 : second;
  if (isnan(second)) second = first;
  m->level = first;
  m->trend = (second - first) / period;
  for (u32 i = 0; i < m->n && m->mult; i++) {
    u32 row = m->j->sorted[m->j->from + i];
    if (!snBit(m->x->nulls, row) && !(m->x->d[row] > 0))
      return snWindowError(m->j, "holt_winters() of kind 'mult' needs values "
          "above 0: take 'add'");
  }
  for (u32 i = 0; i < period; i++) {
    u32 row = m->j->sorted[m->j->from + i];
    double v = snBit(m->x->nulls, row) ? first : m->x->d[row];
    m->start[i] = m->mult ? (first > 0 ? v / first : 1) : v - first;
  }
  return SEINE_OK;
}

/* A parameter of the partition, which its first row has. */
static int windowModelParam(WindowModel *m, u32 arg, double *out) {
  const WindowCall *w = m->j->w;
  const RowCol *c = arg < w->narg ? m->j->r->col + w->arg[arg] : NULL;
  u32 row = m->j->sorted[m->j->from];
  *out = c && !snBit(c->nulls, row) ? c->d[row] : (double)NAN;
  if (!(*out < 0) && !(*out > 1)) return SEINE_OK;
  return snWindowError(m->j, "alpha, beta and gamma must be from 0 to 1");
}

static int windowModelSeasons(WindowModel *m) {
  const WindowCall *w = m->j->w;
  const RowCol *period = m->j->r->col + w->arg[1];
  const RowCol *kind = w->narg > 5 ? m->j->r->col + w->arg[5] : NULL;
  u32 row = m->j->sorted[m->j->from];
  if (snBit(period->nulls, row) || period->i[row] < 1)
    return snWindowError(m->j, "holt_winters() needs a period above 0");
  m->period = (u32)SN_MIN(period->i[row], (i64)UINT32_MAX / 2);
  if (!kind || snBit(kind->nulls, row)) return SEINE_OK;
  Str s = kind->s[row];
  m->mult = snAsciiEq((const char *)s.p, s.n, "mult", 4);
  if (!m->mult && !snAsciiEq((const char *)s.p, s.n, "add", 3))
    return snWindowError(m->j, "the kind of holt_winters() is 'add' or "
        "'mult'");
  return SEINE_OK;
}

static int windowModelAnswer(WindowModel *m) {
  double sse;
  for (u32 i = 0; i < m->n; i++)
    snWindowNull(m->j, m->j->sorted[m->j->from + i]);
  if (m->period && m->n / 2 < m->period) return SEINE_OK; /* too short */
  int rc = m->period ? windowModelStart(m) : SEINE_OK;
  if (!rc) rc = windowModelFit(m);
  return rc ? rc : windowModelRun(m, m->p, true, &sse);
}

static int windowSeriesModel(WindowJob *j, bool seasons) {
  const WindowCall *w = j->w;
  WindowModel m = {.j = j, .x = j->r->col + w->arg[0], .n = j->to - j->from};
  u32 first = seasons ? 2 : 1, ahead = seasons ? 6 : 3;
  int rc = seasons ? windowModelSeasons(&m) : SEINE_OK;
  for (u32 k = 0; !rc && k < 2u + seasons; k++)
    rc = windowModelParam(&m, first + k, &m.p[k]);
  if (rc) return rc;
  if (ahead < w->narg) m.ahead = j->r->col + w->arg[ahead];
  if (m.period && m.n / 2 >= m.period) {
    m.start = snMemAlloc(j->r->budget, 2ull * m.period * sizeof *m.start);
    if (!m.start) return SN_NOMEM;
    m.season = m.start + m.period;
  }
  rc = windowModelAnswer(&m);
  snMemFree(m.start);
  return rc;
}

/* ---- Which one ---------------------------------------------------------- */

int snWindowSeries(WindowJob *j) {
  switch (j->w->func->tag) {
    case WINDOW_EWMA: return windowSeriesEwma(j);
    case WINDOW_WMA: return windowSeriesWma(j);
    case WINDOW_HOLT: return windowSeriesModel(j, false);
    case WINDOW_WINTERS: return windowSeriesModel(j, true);
    case WINDOW_SLOPE: return windowSeriesSlope(j);
    default: return windowSeriesDiff(j);
  }
}
