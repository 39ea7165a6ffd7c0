/*
** window: functions of a row and its neighbours.  Rows come sorted by
** partition and order; each partition is walked once, from place to place.
**
** (1) A result is written to each row of the store exactly once, or, after
**     an error, to some.
** (2) row_number, rank, dense_rank, percent_rank, cume_dist, ntile, lag and
**     lead know no frame.
** (3) IGNORE NULLS counts rows with a value only, whether forwards or
**     backwards; where they stand is found once in each partition.
*/
#include "vm/window.h"

static const WindowFunc windowTable[] = {
    {"row_number", "", TYPE_INTEGER, WINDOW_ROW_NUMBER},
    {"rank", "", TYPE_INTEGER, WINDOW_RANK},
    {"dense_rank", "", TYPE_INTEGER, WINDOW_DENSE},
    {"percent_rank", "", TYPE_REAL, WINDOW_PERCENT},
    {"cume_dist", "", TYPE_REAL, WINDOW_CUME},
    {"ntile", "i", TYPE_INTEGER, WINDOW_NTILE},
    {"lag", "*?i*", FUNC_SAME, WINDOW_LAG},
    {"lead", "*?i*", FUNC_SAME, WINDOW_LEAD},
    {"first_value", "*", FUNC_SAME, WINDOW_FIRST},
    {"last_value", "*", FUNC_SAME, WINDOW_LAST},
    {"nth_value", "*i", FUNC_SAME, WINDOW_NTH},
    {"ewma", "rr", TYPE_REAL, WINDOW_EWMA},
    {"wma", "r", TYPE_REAL, WINDOW_WMA},
    {"holt", "r?rri", TYPE_REAL, WINDOW_HOLT},
    {"holt_winters", "ri?rrrsi", TYPE_REAL, WINDOW_WINTERS},
    {"derivative", "i", TYPE_INTEGER, WINDOW_DIFF},
    {"derivative", "r", TYPE_REAL, WINDOW_DIFF},
    {"derivative", "rv", TYPE_REAL, WINDOW_SLOPE},
    {"serial_diff", "i?i", TYPE_INTEGER, WINDOW_DIFF},
    {"serial_diff", "r?i", TYPE_REAL, WINDOW_DIFF},
};

const WindowFunc *snWindowAt(u32 i) {
  return i < SN_COUNT(windowTable) ? windowTable + i : NULL;
}

const WindowFunc *snWindowFind(const char *name, size_t n, u32 k) {
  for (u32 i = 0; i < SN_COUNT(windowTable); i++) {
    const WindowFunc *f = windowTable + i;
    if (snAsciiEq(f->name, strlen(f->name), name, n) && !k--) return f;
  }
  return NULL;
}

/* ---- What all share ----------------------------------------------------- */

int snWindowTick(WindowJob *j, u32 n) {
  j->work += n;
  if (j->work < SN_WINDOW) return SEINE_OK;
  j->work = 0;
  return j->cancelled && j->cancelled(j->arg) ? SEINE_INTERRUPT : SEINE_OK;
}

int snWindowError(WindowJob *j, const char *text) {
  snprintf(j->error, 256, "%s", text);
  return SEINE_ERROR;
}

void snWindowNull(WindowJob *j, u32 row) {
  snBitSet(j->out->nulls, row);
  if (j->out->form == FORM_INT) j->out->i[row] = 0;
  else if (j->out->form == FORM_REAL) j->out->d[row] = 0;
  else j->out->s[row] = (Str){NULL, 0, 0};
}

void snWindowInt(WindowJob *j, u32 row, i64 v) {
  snBitClear(j->out->nulls, row);
  if (j->out->form == FORM_REAL) j->out->d[row] = (double)v;
  else j->out->i[row] = v;
}

/* A REAL where an INTEGER is due is cut like CAST does it. */
void snWindowReal(WindowJob *j, u32 row, double v) {
  snBitClear(j->out->nulls, row);
  if (j->out->form == FORM_REAL) {
    j->out->d[row] = v;
  } else if (v >= -0x1p63 && v < 0x1p63) {
    j->out->i[row] = (i64)v;
  } else {
    snWindowNull(j, row);
  }
}

void snWindowCopy(WindowJob *j, u32 to, const RowCol *c, u32 row) {
  if (snBit(c->nulls, row)) {
    snWindowNull(j, to);
  } else if (c->form == FORM_INT) {
    snWindowInt(j, to, c->i[row]);
  } else if (c->form == FORM_REAL) {
    snWindowReal(j, to, c->d[row]);
  } else {
    snBitClear(j->out->nulls, to);
    j->out->s[to] = c->s[row];
  }
}

/* ---- Ranks -------------------------------------------------------------- */

static int windowRanks(WindowJob *j) {
  u32 rows = j->to - j->from, group = 0, last = UINT32_MAX;
  for (u32 at = j->from; at < j->to; at++) {
    u32 row = j->sorted[at], rank;
    int rc = snWindowTick(j, 1);
    if (rc) return rc;
    snWindowPeers(j, at);
    rank = j->peer_from - j->from;
    if (j->peer_from != last) group++;
    last = j->peer_from;
    switch (j->w->func->tag) {
      case WINDOW_ROW_NUMBER: snWindowInt(j, row, at - j->from + 1); break;
      case WINDOW_RANK: snWindowInt(j, row, (i64)rank + 1); break;
      case WINDOW_DENSE: snWindowInt(j, row, group); break;
      case WINDOW_PERCENT:
        snWindowReal(j, row, rows > 1 ? (double)rank / (rows - 1) : 0);
        break;
      default:
        snWindowReal(j, row, (double)(j->peer_to - j->from) / rows);
        break;
    }
  }
  return SEINE_OK;
}

/* As even as can be, the larger ones first.  The number is that of the
** partition's first row. */
static int windowTiles(WindowJob *j) {
  const RowCol *c = j->r->col + j->w->arg[0];
  u32 first = j->sorted[j->from], rows = j->to - j->from;
  bool null = snBit(c->nulls, first);
  u64 tiles = null ? 1 : (u64)c->i[first], size, longer;
  if (!null && c->i[first] <= 0) {
    return snWindowError(j, "ntile() needs a number above 0");
  }
  size = rows / tiles;
  longer = rows % tiles;
  for (u32 i = 0; i < rows; i++) {
    u32 row = j->sorted[j->from + i];
    u64 tile = i / (size + 1);
    int rc = snWindowTick(j, 1);
    if (rc) return rc;
    if (tile >= longer) tile = longer + (i - longer * (size + 1)) / size;
    if (null) snWindowNull(j, row);
    else snWindowInt(j, row, (i64)tile + 1);
  }
  return SEINE_OK;
}

/* ---- Neighbours --------------------------------------------------------- */

/* The places of a partition that count: all, or those with a value. */
typedef struct WindowSeen {
  u32 *before;      /* by place - from: how many stand before it */
  u32 *place;       /* of the n-th; NULL: all count */
  u32 from, n;
} WindowSeen;

static int windowSee(WindowJob *j, const RowCol *x, WindowSeen *s) {
  u32 rows = j->to - j->from;
  *s = (WindowSeen){.from = j->from, .n = rows};
  if (!j->w->ignore_nulls) return SEINE_OK;
  s->before = snMemAlloc(j->r->budget, (2ull * rows + 1) * sizeof(u32));
  if (!s->before) return SN_NOMEM;
  s->place = s->before + rows + 1;
  s->n = 0;
  for (u32 k = 0; k < rows; k++) {
    s->before[k] = s->n;
    if (!snBit(x->nulls, j->sorted[j->from + k])) {
      s->place[s->n++] = j->from + k;
    }
  }
  s->before[rows] = s->n;
  return SEINE_OK;
}

static u32 windowBefore(const WindowSeen *s, u32 at) {
  return s->place ? s->before[at - s->from] : at - s->from;
}

static u32 windowPlace(const WindowSeen *s, u32 k) {
  return s->place ? s->place[k] : s->from + k;
}

/* The value of another column type is good when it can be held. */
static bool windowHolds(const RowCol *out, const RowCol *c) {
  if (c->type == TYPE_NULL) return true;
  if (c->form == FORM_STR || out->form == FORM_STR) {
    return c->form == out->form;
  }
  return c->form == out->form || out->form == FORM_REAL;
}

/* The place k rows behind one (before it when negative); false: none. */
static bool windowStep(const WindowJob *j, const WindowSeen *s, u32 at, i64 k,
    u32 *place) {
  i64 base = windowBefore(s, at), to;
  if (!k) {
    *place = at;
    return true;
  }
  if (k > 0) base = (i64)windowBefore(s, at + 1) - 1;
  if (__builtin_add_overflow(base, k, &to) || to < 0 || to >= (i64)s->n) {
    return false;
  }
  *place = windowPlace(s, (u32)to);
  return *place >= j->from && *place < j->to;
}

static int windowShiftRows(WindowJob *j, bool back, const WindowSeen *s) {
  const WindowCall *w = j->w;
  const RowCol *x = j->r->col + w->arg[0];
  const RowCol *by = w->narg > 1 ? j->r->col + w->arg[1] : NULL;
  const RowCol *other = w->narg > 2 ? j->r->col + w->arg[2] : NULL;
  for (u32 at = j->from; at < j->to; at++) {
    u32 row = j->sorted[at], place;
    i64 k = by ? by->i[row] : 1;
    int rc = snWindowTick(j, 1);
    if (rc) return rc;
    if (back && k == INT64_MIN) k = INT64_MAX;
    else if (back) k = -k;
    if (by && snBit(by->nulls, row)) snWindowNull(j, row);
    else if (windowStep(j, s, at, k, &place)) {
      snWindowCopy(j, row, x, j->sorted[place]);
    } else if (other) snWindowCopy(j, row, other, row);
    else snWindowNull(j, row);
  }
  return SEINE_OK;
}

static int windowShift(WindowJob *j, bool back) {
  const WindowCall *w = j->w;
  const RowCol *other = w->narg > 2 ? j->r->col + w->arg[2] : NULL;
  WindowSeen s;
  if (other && !windowHolds(j->out, other)) {
    return snWindowError(j, "the default of lag() or lead() is of another "
        "type than its value");
  }
  int rc = windowSee(j, j->r->col + w->arg[0], &s);
  if (!rc) rc = windowShiftRows(j, back, &s);
  snMemFree(s.before);
  return rc;
}

/* ---- Values of the frame ------------------------------------------------ */

/* The n-th place of the frame from its start or end; false: it has fewer. */
static bool windowNth(WindowJob *j, const WindowSeen *s, u32 at, u64 n,
    bool last, u32 *place) {
  WindowSpan piece[3];
  u32 pieces = snWindowPieces(j, at, piece);
  for (u32 k = 0; k < pieces; k++) {
    const WindowSpan *p = piece + (last ? pieces - 1 - k : k);
    u32 from = windowBefore(s, p->from), to = windowBefore(s, p->to);
    if (n <= to - from) {
      *place = windowPlace(s, last ? to - (u32)n : from + (u32)n - 1);
      return true;
    }
    n -= to - from;
  }
  return false;
}

static int windowValueRows(WindowJob *j, const WindowSeen *s) {
  const RowCol *x = j->r->col + j->w->arg[0];
  i32 tag = j->w->func->tag;
  const RowCol *k = tag == WINDOW_NTH ? j->r->col + j->w->arg[1] : NULL;
  bool last = tag == WINDOW_LAST || j->w->from_last;
  for (u32 at = j->from; at < j->to; at++) {
    u32 row = j->sorted[at], place;
    i64 nth = 1;
    int rc = snWindowTick(j, 1);
    if (rc) return rc;
    if (k) {
      nth = snBit(k->nulls, row) ? INT64_MAX : k->i[row];
      if (nth <= 0) {
        return snWindowError(j, "nth_value() needs a number above 0");
      }
    }
    if (windowNth(j, s, at, (u64)nth, last, &place)) {
      snWindowCopy(j, row, x, j->sorted[place]);
    } else {
      snWindowNull(j, row);
    }
  }
  return SEINE_OK;
}

static int windowValue(WindowJob *j) {
  WindowSeen s;
  int rc = windowSee(j, j->r->col + j->w->arg[0], &s);
  if (!rc) rc = windowValueRows(j, &s);
  snMemFree(s.before);
  return rc;
}

/* ---- The call ----------------------------------------------------------- */

static int windowPart(WindowJob *j) {
  switch (j->w->func->tag) {
    case WINDOW_ROW_NUMBER: case WINDOW_RANK: case WINDOW_DENSE:
    case WINDOW_PERCENT: case WINDOW_CUME:
      return windowRanks(j);
    case WINDOW_NTILE: return windowTiles(j);
    case WINDOW_LAG: return windowShift(j, true);
    case WINDOW_LEAD: return windowShift(j, false);
    case WINDOW_FIRST: case WINDOW_LAST: case WINDOW_NTH:
      return windowValue(j);
    default: return snWindowSeries(j);
  }
}

int snWindowRun(RowStore *r, const u32 *sorted, const WindowCall *w,
    int (*cancelled)(void *), void *arg, char *error) {
  WindowJob j = {.r = r, .sorted = sorted, .w = w, .cancelled = cancelled,
      .arg = arg, .error = error};
  int rc;
  error[0] = 0;
  if (!r->n) return SEINE_OK;
  j.out = r->col + w->out;
  rc = snWindowBounds(&j);
  if (rc) return rc;
  rc = snWindowParts(&j);
  if (rc) goto done;
  if (w->agg) {
    rc = snWindowAgg(&j);
    goto done;
  }
  for (u32 i = 0; !rc && i < j.nparts; i++) {
    rc = snWindowEnter(&j, i ? j.part_end[i - 1] : 0, j.part_end[i]);
    if (!rc) rc = windowPart(&j);
  }

done:
  snMemFree(j.part_end);
  snMemFree(j.group_end);
  return rc;
}
