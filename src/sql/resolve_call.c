/*
** resolve_call: functions, aggregates and window functions.
*/
#include "sql/plan.h"

/* ---- choosing among entries of one name --------------------------------- */

/* What it costs to give a value of type t where letter l stands; -1: not to
** be had. */
static int callCost(char l, u8 t, bool is_const) {
  bool str = snTypeIsString(t);
  if (t == TYPE_NULL) return 0;
  if (l == '*') return 0;
  if (l == 'a') return t & TYPE_ARRAY ? 0 : -1;
  if (t & TYPE_ARRAY) return l == 's' || l == 'k' ? 6 : -1;
  switch (l) {
  case 'b': return t == TYPE_BOOLEAN ? 0 : snTypeIsNumber(t) ? 3 : -1;
  case 'i': return t == TYPE_INTEGER ? 0 : t == TYPE_BOOLEAN ? 2
        : t == TYPE_REAL ? 4 : str ? 6 : -1; /* '1.5' is rather a REAL */
  case 'r': return t == TYPE_REAL ? 0 : t == TYPE_INTEGER ? 1
        : t == TYPE_BOOLEAN ? 3 : str ? 5 : -1;
  case 'n': return snTypeIsNumber(t) ? 0 : t == TYPE_BOOLEAN ? 2
        : str ? 5 : -1;
  case 's':
  case 'k': return str || (l == 'k' && t == TYPE_BLOB) ? 0 : 4;
  case 't': return t == TYPE_TIMESTAMP ? 0 : t == TYPE_DATE ? 1
        : str ? (is_const ? 2 : 3) : -1;
  case 'd': return t == TYPE_DATE ? 0 : t == TYPE_TIMESTAMP ? 2
        : str ? 3 : -1;
  case 'v': return t == TYPE_INTERVAL ? 0 : str ? 1 : -1;
  case 'p': return t == TYPE_IP ? 0 : str ? 2 : -1;
  case 'g': return t == TYPE_GEOPOINT ? 0 : str ? 2 : -1;
  case 'j': return str ? 0 : -1;
  case 'x': return t == TYPE_BLOB ? 0 : str ? 1 : -1;
  default: return -1;
  }
}

/* The letter of argument k, or 0 when there are too many. */
static char callLetter(const char *args, u32 k) {
  char last = 0;
  for (; *args; args++) {
    if (*args == '?') continue;
    if (*args == '+') return last;
    last = *args;
    if (!k--) return last;
  }
  return 0;
}

static u32 callLeast(const char *args) {
  u32 n = 0;
  for (; *args && *args != '?'; args++)
    if (*args != '+') n++;
  return n;
}

static int callFit(const char *args, const ExprList *l) {
  u32 n = l ? l->n : 0;
  int cost = 0;
  if (n < callLeast(args)) return -1;
  for (u32 k = 0; k < n; k++) {
    char c = callLetter(args, k);
    int x = c ? callCost(c, l->v[k].e->type, snResolveConst(l->v[k].e)) : -1;
    if (x < 0) return -1;
    cost += x;
  }
  return cost;
}

static u8 callType(char l, u8 t) {
  switch (l) {
  case 'b': return TYPE_BOOLEAN;
  case 'i': return TYPE_INTEGER;
  case 'r': return TYPE_REAL;
  case 'n': return snTypeIsNumber(t) ? t : TYPE_REAL;
  case 's': case 'k': case 'j':
    return snTypeIsString(t) || (l == 'k' && t == TYPE_BLOB) ? t : TYPE_TEXT;
  case 't': return TYPE_TIMESTAMP;
  case 'd': return TYPE_DATE;
  case 'v': return TYPE_INTERVAL;
  case 'p': return TYPE_IP;
  case 'g': return TYPE_GEOPOINT;
  case 'x': return snTypeIsString(t) ? t : TYPE_BLOB;
  default: return t;
  }
}

static int callCasts(Compile *c, const char *args, ExprList *l) {
  for (u32 k = 0; l && k < l->n; k++) {
    u8 t = l->v[k].e->type;
    u8 want = callType(callLetter(args, k), t);
    if (want == TYPE_NULL) want = TYPE_TEXT;
    int rc = snResolveCast(c, &l->v[k].e, want);
    if (rc) return rc;
  }
  return SEINE_OK;
}

/* ---- forms that are no functions of their values ------------------------ */

static int callArgs(Compile *c, Plan *p, Expr *e, u32 flags) {
  int rc = SEINE_OK;
  for (u32 k = 0; !rc && e->list && k < e->list->n; k++)
    rc = snResolve(c, p, &e->list->v[k].e, flags);
  return rc;
}

/* A form in whose place a tree stands that has an argument twice: forms inside
** of forms would double it at each level, so what is met is counted. */
static int callShared(Compile *c, Plan *p, Expr **at, u32 flags) {
  c->aliases++;
  int rc = snResolve(c, p, at, flags);
  c->aliases--;
  return rc;
}

/* coalesce(a, b, c) = CASE WHEN a IS NOT NULL THEN a WHEN ... ELSE c. */
static int callCoalesce(Compile *c, Plan *p, Expr **at, u32 flags) {
  ExprList *l = (*at)->list;
  if (!l || !l->n)
    return snParseError(c->p, (*at)->at, "coalesce() needs a value");
  Expr *e = l->v[l->n - 1].e;
  for (u32 k = l->n - 1; k-- > 0;)
    e = snAstWhen(c->p, snAstNotNull(c->p, l->v[k].e), l->v[k].e, e);
  *at = e;
  return e ? callShared(c, p, at, flags) : c->p->rc;
}

static bool callIs(const Expr *e, const char *name) {
  return snAsciiEq(e->text, e->len, name, strlen(name));
}

static int callForm(Compile *c, Plan *p, Expr **at, u32 flags,
    bool *done) {
  Expr *e = *at;
  ExprList *l = e->list;
  u32 n = l ? l->n : 0;
  *done = !e->distinct && !e->filter && !e->over && !e->star;
  if (!*done) return SEINE_OK; /* not for a form */
  bool nvl = callIs(e, "ifnull") || callIs(e, "nvl");
  if (callIs(e, "coalesce") || (nvl && n == 2))
    return callCoalesce(c, p, at, flags);
  if (callIs(e, "nullif") && n == 2) {
    Expr *same = snAstOp(c->p, EX_COMPARE, CMP_EQ, l->v[0].e, l->v[1].e);
    Expr *nul = snAstNew(c->p, EX_NULL, e->at);
    *at = snAstWhen(c->p, same, nul, l->v[0].e);
    return *at ? callShared(c, p, at, flags) : c->p->rc;
  }
  if ((callIs(e, "iif") || callIs(e, "if")) && (n == 2 || n == 3)) {
    *at = snAstWhen(c->p, l->v[0].e, l->v[1].e, n == 3 ? l->v[2].e : NULL);
    return *at ? snResolve(c, p, at, flags) : c->p->rc;
  }
  if (callIs(e, "nvl2") && n == 3) {
    *at = snAstWhen(c->p, snAstNotNull(c->p, l->v[0].e), l->v[1].e, l->v[2].e);
    return *at ? snResolve(c, p, at, flags) : c->p->rc;
  }
  bool hint = callIs(e, "likely") || callIs(e, "unlikely");
  if ((hint && n == 1) || (callIs(e, "likelihood") && n == 2)) {
    *at = l->v[0].e; /* the statistics know better */
    return snResolve(c, p, at, flags);
  }
  if (snResolveIsSearch(e)) return snResolveSearch(c, p, at);
  if ((callIs(e, "now") || callIs(e, "current_timestamp")) && !n) {
    e->kind = EX_NOW;
    e->type = TYPE_TIMESTAMP;
    return SEINE_OK;
  }
  if ((callIs(e, "grouping") || callIs(e, "grouping_id")) && n && n < 63) {
    int rc = SEINE_OK;
    for (u32 k = 0; !rc && k < n; k++)
      rc = snResolve(c, p, &l->v[k].e, flags & ~(RES_AGG | RES_WINDOW));
    e->kind = EX_GROUPING;
    e->type = TYPE_INTEGER;
    return rc;
  }
  if (callIs(e, "extract")) e->text = "date_part";
  e->len = (u32)strlen(e->text);
  *done = false;
  return SEINE_OK;
}

/* ---- window functions --------------------------------------------------- */

static const Window *callWindowNamed(const Plan *p, const char *name) {
  const Window *d = p->s ? p->s->windows : NULL;
  while (d && !snAsciiEq(d->def_name, strlen(d->def_name), name,
             strlen(name)))
    d = d->next;
  return d;
}

/* What a window repeats of the one it stands on would contradict it. */
static int callOverride(Compile *c, const Window *w, const Window *d) {
  const char *what = w->part && d->part ? "PARTITION BY"
      : w->order && d->order            ? "ORDER BY"
      : w->has_frame && d->has_frame    ? "frame" : NULL;
  if (!what) return SEINE_OK;
  return snParseError(c->p, w->at, "window %s has its own %s already: leave "
      "it out here, or write the whole window", d->def_name, what);
}

/* Takes over what a named window has and w has not; that one may stand on
** another in turn. */
static int callNamedWindow(Compile *c, Plan *p, Window *w) {
  u32 left = 1;
  if (!p) return SEINE_OK;
  for (const Window *d = p->s ? p->s->windows : NULL; d; d = d->next) left++;
  for (; w->name; left--) {
    const Window *d = callWindowNamed(p, w->name);
    if (!d)
      return snParseError(c->p, w->at, "no such window: %s", w->name);
    if (!left)
      return snParseError(c->p, w->at, "window %s is defined by itself",
          w->name);
    int rc = callOverride(c, w, d);
    if (rc) return rc;
    if (!w->part) w->part = d->part;
    if (!w->order) w->order = d->order;
    if (!w->has_frame && d->has_frame) {
      w->frame = d->frame;
      w->start = d->start;
      w->end = d->end;
    }
    w->has_frame |= d->has_frame;
    w->name = d->name;
    w->at = d->at;
  }
  return SEINE_OK;
}

/* A value that is the same in all rows has no such parts. */
static bool callVaries(void *arg, Expr **at) {
  const Expr *e = *at;
  bool *varies = arg;
  if (e->kind == EX_COLUMN || e->kind == EX_SLOT || e->kind == EX_SCORE ||
      e->kind == EX_WHY || e->kind == EX_HIT || e->kind == EX_MARK ||
      e->kind == EX_AGG || e->kind == EX_WINDOW ||
      (e->kind == EX_FUNC && e->func->flags & FUNC_IMPURE))
    *varies = true;
  return !*varies;
}

/* The type of a distance in RANGE: what the key can be moved by. */
static int callReach(Compile *c, const Window *w, Expr **at) {
  u8 key = TYPE_NULL, t = (*at)->type;
  if (!w->order || w->order->n != 1)
    return snParseError(c->p, (*at)->at, "RANGE with a number needs an ORDER "
        "BY of one expression");
  key = w->order->v[0].e->type;
  if (key == TYPE_REAL) return snResolveCast(c, at, TYPE_REAL);
  if (key == TYPE_INTEGER)
    return t == TYPE_INTEGER ? SEINE_OK : snResolveCast(c, at, TYPE_REAL);
  if (key == TYPE_DATE && t == TYPE_INTEGER) return SEINE_OK; /* days */
  if (key != TYPE_DATE && key != TYPE_TIMESTAMP)
    return snParseError(c->p, (*at)->at, "RANGE with a number needs an ORDER "
        "BY of a number, a DATE or a TIMESTAMP");
  if (t != TYPE_INTERVAL && !snTypeIsString(t) && t != TYPE_NULL)
    return snParseError(c->p, (*at)->at, "times are reached with intervals: "
        "INTERVAL '1 day' PRECEDING");
  return snResolveCast(c, at, TYPE_INTERVAL);
}

/* The number of a bound: a plain one goes into the frame. */
static int callBound(Compile *c, Plan *p, Window *w, Expr **at, i64 *n) {
  bool varies = false;
  if (!*at) return SEINE_OK;
  int rc = snResolve(c, p, at, 0);
  if (rc) return rc;
  snAstWalk(at, callVaries, &varies);
  if (varies)
    return snParseError(c->p, (*at)->at, "the numbers of a frame's bounds are "
        "the same for all rows: no columns here");
  if (w->frame.mode == FRAME_RANGE) rc = callReach(c, w, at);
  else if ((*at)->type == TYPE_INTEGER || (*at)->type == TYPE_NULL ||
           (*at)->kind == EX_PARAM)
    rc = snResolveCast(c, at, TYPE_INTEGER);
  else
    return snParseError(c->p, (*at)->at, "%s takes a whole number",
        w->frame.mode == FRAME_ROWS ? "ROWS" : "GROUPS");
  bool less = ((*at)->kind == EX_INT && (*at)->i < 0) ||
      ((*at)->kind == EX_REAL && (*at)->d < 0);
  if (!rc && less)
    return snParseError(c->p, (*at)->at, "a frame's bound cannot be negative: "
        "PRECEDING and FOLLOWING say where it lies");
  if (rc || (*at)->kind != EX_INT || (*at)->type != TYPE_INTEGER) return rc;
  *n = (*at)->i;
  *at = NULL;
  return rc;
}

static int callFrame(Compile *c, Plan *p, Expr *e) {
  Window *w = e->over;
  Frame *f = &w->frame;
  if (!w->has_frame) {
    *f = (Frame){.mode = FRAME_RANGE, .start = FRAME_UNBOUNDED_PRECEDING,
        .end = FRAME_CURRENT};
    w->has_frame = true;
  }
  if (f->start > f->end || f->start == FRAME_UNBOUNDED_FOLLOWING ||
      f->end == FRAME_UNBOUNDED_PRECEDING)
    return snParseError(c->p, e->at, "the frame ends before it begins");
  int rc = callBound(c, p, w, &w->start, &f->start_n);
  return rc ? rc : callBound(c, p, w, &w->end, &f->end_n);
}

static int callWindow(Compile *c, Plan *p, Expr *e, u32 flags) {
  Window *w = e->over;
  int rc = callNamedWindow(c, p, w);
  flags &= ~RES_WINDOW;
  for (u32 k = 0; !rc && w->part && k < w->part->n; k++)
    rc = snResolveKey(c, p, &w->part->v[k].e, flags | RES_ALIAS);
  for (u32 k = 0; !rc && w->order && k < w->order->n; k++)
    rc = snResolveKey(c, p, &w->order->v[k].e, flags | RES_ALIAS);
  if (!rc) rc = callFrame(c, p, e);
  e->kind = EX_WINDOW;
  return rc;
}

static u8 callRet(u8 ret, const ExprList *l) {
  u8 first = l && l->n ? l->v[0].e->type : TYPE_TEXT;
  if (ret == FUNC_SAME) return first;
  if (ret == FUNC_ITEM) return (u8)(first & ~TYPE_ARRAY);
  if (ret == AGG_ARRAY)
    return (u8)(TYPE_ARRAY | (first == TYPE_KEYWORD ? TYPE_TEXT : first));
  return ret;
}

/* IGNORE NULLS and FROM LAST, where they mean something. */
static int callNullMode(Compile *c, const Expr *e) {
  static const char *const names[] = {"nth_value", "first_value",
      "last_value", "lag", "lead"};
  bool takes = false;
  for (u32 k = 0; k < SN_COUNT(names); k++) takes |= callIs(e, names[k]);
  if ((e->ignore_nulls || e->respect_nulls) && !takes)
    return snParseError(c->p, e->at, "%s() takes no IGNORE NULLS or RESPECT "
        "NULLS", e->text);
  if (e->from_last && !callIs(e, names[0]))
    return snParseError(c->p, e->at, "FROM LAST belongs to nth_value()");
  return SEINE_OK;
}

/* Arguments that may be given by name: f(x, period => 7).  Those left out
** before one that is given are NULL. */
static int callNamed(Compile *c, Expr *e) {
  static const char *const names[][8] = {{"ewma", "x", "alpha"},
      {"holt", "x", "alpha", "beta", "ahead"},
      {"holt_winters", "x", "period", "alpha", "beta", "gamma", "kind",
          "ahead"}};
  const char *const *f = NULL;
  ExprList *l = e->list, *out = NULL;
  Expr *arg[8] = {NULL};
  u32 last = 0, k, j;
  for (k = 0; k < SN_COUNT(names); k++)
    if (callIs(e, names[k][0])) f = names[k] + 1;
  for (k = 0, j = 0; l && k < l->n && !l->v[k].alias; k++) continue;
  if (!f || !l || k == l->n) return SEINE_OK;
  for (k = 0; k < l->n; k++) {
    const char *name = l->v[k].alias;
    for (j = 0; name && j < 7 && f[j]; j++)
      if (snAsciiEq(f[j], strlen(f[j]), name, strlen(name))) break;
    if (!name) j = k;
    if (j >= 7 || !f[j]) return SEINE_OK; /* the caller tells */
    if (arg[j])
      return snParseError(c->p, l->v[k].e->at, "%s() has the argument %s "
          "twice", e->text, f[j]);
    arg[j] = l->v[k].e;
    last = SN_MAX(last, j);
  }
  for (j = 0; j <= last; j++)
    out = snAstList(c->p, out, arg[j] ? arg[j]
                                      : snAstNew(c->p, EX_NULL, e->at));
  e->list = out;
  return c->p->rc;
}

static int callWindowFunc(Compile *c, Plan *p, Expr *e, u32 flags,
    bool *done) {
  const WindowFunc *best = NULL, *f;
  int cost = INT_MAX;
  *done = false;
  for (u32 k = 0; (f = snWindowFind(e->text, e->len, k)); k++) {
    int x = callFit(f->args, e->list);
    *done = true;
    if (x >= 0 && x < cost) {
      cost = x;
      best = f;
    }
  }
  if (!*done) return SEINE_OK;
  if (!e->over)
    return snParseError(c->p, e->at, "%s() is a window function: write "
        "OVER (...) behind it", e->text);
  if (!best)
    return snParseError(c->p, e->at, "wrong arguments for %s()", e->text);
  if (e->filter || e->distinct || e->star || e->order)
    return snParseError(c->p, e->at, "%s() is no aggregate: it takes no "
        "FILTER, DISTINCT, ORDER BY or *", e->text);
  int rc = callNullMode(c, e);
  e->win = best;
  if (!rc) rc = callCasts(c, best->args, e->list);
  e->type = callRet(best->ret, e->list);
  return rc ? rc : callWindow(c, p, e, flags);
}

/* ---- aggregates --------------------------------------------------------- */

/* first(x) IGNORE NULLS = first(x) FILTER (WHERE x IS NOT NULL). */
static void callDropNulls(Compile *c, Expr *e) {
  Expr *some = snAstNotNull(c->p, e->list->v[0].e);
  e->filter = e->filter ? snAstNode(c->p, EX_AND, e->filter, some) : some;
  e->ignore_nulls = false;
}

/* agg(x ORDER BY y): NULL as a key is any type. */
static int callOrder(Compile *c, Plan *p, Expr *e, u32 flags) {
  ExprList *l = e->order;
  int rc = SEINE_OK;
  if (l && e->over)
    return snParseError(c->p, e->at, "with OVER the window has the order: "
        "%s() takes none", e->text);
  if (l && l->n > AGG_ORDERS)
    return snParseError(c->p, l->v[AGG_ORDERS].e->at, "an aggregate is "
        "ordered by at most %u expressions", AGG_ORDERS);
  for (u32 k = 0; !rc && l && k < l->n; k++) {
    rc = snResolveKey(c, p, &l->v[k].e, flags & ~(RES_AGG | RES_WINDOW));
    if (!rc && l->v[k].e->type == TYPE_NULL)
      rc = snResolveCast(c, &l->v[k].e, TYPE_INTEGER);
  }
  return rc;
}

/* arg_max(x, y, n): the x of the n largest y, as an array. */
static int callTop(Compile *c, Expr *e) {
  bool max = callIs(e, "arg_max") || callIs(e, "max_by");
  if (!max && !callIs(e, "arg_min") && !callIs(e, "min_by")) return SEINE_OK;
  if (!e->list || e->list->n != 3 || e->order) return SEINE_OK;
  const Expr *n = e->list->v[2].e;
  if (n->kind != EX_INT) return SEINE_OK; /* no such call */
  Expr *by = e->list->v[1].e, *some = snAstNotNull(c->p, by);
  e->order = snAstList(c->p, NULL, by);
  if (!e->order || c->p->rc) return c->p->rc;
  e->order->v[0].desc = max;
  e->limit = n->i;
  e->filter = e->filter ? snAstNode(c->p, EX_AND, e->filter, some) : some;
  e->list->n = 1;
  e->text = "array_agg";
  e->len = 9;
  return c->p->rc;
}

/* Of texts with a collation: the least and the greatest by it, and how many
** there are. */
static int callCollated(Compile *c, Expr *e) {
  ExprList *l = e->list;
  bool max = callIs(e, "max") || callIs(e, "arg_max") || callIs(e, "max_by");
  bool extreme = max || callIs(e, "min") || callIs(e, "arg_min") ||
      callIs(e, "min_by");
  Expr *x = l && l->n ? l->v[l->n - 1].e : NULL;
  if (!x || l->n > 2 || !snResolveIsCollated(x)) return SEINE_OK;
  u8 by = x->collate;
  if (extreme) {
    Expr *value = l->v[0].e;
    e->text = max ? "arg_max" : "arg_min";
    e->len = 7;
    e->distinct = false;
    int rc = snResolveCollated(c, &x, by);
    e->list = snAstPair(c->p, value, x);
    return rc ? rc : c->p->rc;
  }
  if (!e->distinct) return SEINE_OK;
  if (!callIs(e, "count"))
    return snParseError(c->p, e->at, "the values of %s(DISTINCT x) are told "
        "apart as BINARY, not by %s: write x COLLATE BINARY, or a select of "
        "DISTINCT values in FROM", e->text, snTypeCollationName(by));
  return snResolveCollated(c, &l->v[0].e, by);
}

static int callAgg(Compile *c, Plan *p, Expr *e, u32 flags, bool *done) {
  const AggFunc *best = NULL, *f;
  int cost = INT_MAX;
  bool star = e->star;
  int collated = callCollated(c, e);
  if (collated) return collated;
  *done = false;
  for (u32 k = 0; (f = snAggFind(e->text, e->len, k)); k++) {
    int x = star ? (f->args[0] ? -1 : 0) : callFit(f->args, e->list);
    if (!star && !f->args[0] && e->list) x = -1;
    *done = true;
    if (x >= 0 && x < cost) {
      cost = x;
      best = f;
    }
  }
  if (!*done) return SEINE_OK;
  if (!(flags & RES_AGG) && !e->over)
    return snParseError(c->p, e->at, "the aggregate %s() cannot stand here: "
        "use HAVING for conditions on groups", e->text);
  if (!best)
    return snParseError(c->p, e->at, "wrong arguments for %s()", e->text);
  if (e->from_last)
    return snParseError(c->p, e->at, "FROM LAST belongs to nth_value()");
  if (e->ignore_nulls && e->list) callDropNulls(c, e);
  e->agg = best;
  int rc = c->p->rc ? c->p->rc : callCasts(c, best->args, e->list);
  if (!rc && e->filter) rc = snResolve(c, p, &e->filter, flags & ~RES_AGG);
  if (!rc && e->filter) rc = snResolveBool(c, &e->filter);
  if (!rc) rc = callOrder(c, p, e, flags);
  e->type = callRet(best->ret, e->list);
  e->kind = EX_AGG;
  return !rc && e->over ? callWindow(c, p, e, flags) : rc;
}

/* ---- aggregates of a select around this one ------------------------------ */

typedef struct CallMet { u32 outer, own, lookups; } CallMet;

static bool callMeet(void *arg, Expr **at) {
  CallMet *m = arg;
  switch ((*at)->kind) {
  case EX_OUTER: m->outer++; break;
  case EX_LOOKUP: m->lookups++; break;
  case EX_COLUMN: case EX_SCORE: case EX_WHY: case EX_HIT: case EX_MARK:
    m->own++;
    break;
  default: break;
  }
  return true;
}

/* All columns in it come from outside. */
static bool callIsOuter(Expr *e, CallMet *m) {
  *m = (CallMet){0};
  snAstWalk(&e, callMeet, m);
  return m->outer && !m->own;
}

/* How much each select from p outwards takes from outside by now. */
static u32 *callTaken(Compile *c, const Plan *p) {
  u32 n = 0;
  for (const Plan *o = p; o; o = o->outer) n++;
  u32 *taken = snArenaAlloc(c->arena, n * sizeof *taken);
  if (!taken) c->p->rc = SN_NOMEM;
  for (n = 0; taken && p; p = p->outer) taken[n++] = p->corr.n;
  return taken;
}

/* The aggregate goes to the select whose columns it is of.  Those further in
** take its value from there, and its columns no more. */
static int callMove(Compile *c, Plan *p, Expr **at, const u32 *taken) {
  Plan *o = p->outer;
  Expr *e = snPlanSubOutside(c, *at);
  CallMet met;
  bool done;
  int rc;
  p->corr.n = *taken;
  if (c->p->rc) return c->p->rc;
  if (callIsOuter(e, &met)) rc = callMove(c, o, &e, taken + 1);
  else if (o->asking & RES_AGG) rc = callAgg(c, o, e, o->asking, &done);
  else
    return snParseError(c->p, e->at, "the columns of %s() are those of a "
        "select around this one, so it is an aggregate of that one, where it "
        "can stand in the select list, HAVING, QUALIFY and ORDER BY alone",
        e->text);
  return rc ? rc : snResolveOutside(c, p, e, at);
}

/* The arguments of an aggregate, all that stands with them, and the select
** that it is of; *done: that is not this one. */
static int callOuter(Compile *c, Plan *p, Expr *e, u32 flags, bool *done) {
  const u32 *taken = callTaken(c, p);
  CallMet met;
  *done = false;
  if (!taken) return c->p->rc;
  int rc = callArgs(c, p, e, flags);
  if (!rc && e->filter) rc = snResolve(c, p, &e->filter, flags);
  for (u32 k = 0; !rc && e->order && k < e->order->n; k++)
    rc = snResolve(c, p, &e->order->v[k].e, flags);
  if (rc || !callIsOuter(e, &met)) return rc;
  if (met.lookups)
    return snParseError(c->p, e->at, "%s() is an aggregate of a select around "
        "this one, by its columns: it takes no sub-query", e->text);
  Expr *value = e;
  *done = true;
  rc = callMove(c, p, &value, taken);
  if (!rc) *e = *value; /* wherever it stands */
  return rc;
}

/* ---- scalars ------------------------------------------------------------ */

static int callUnknown(Compile *c, Expr *e) {
  static const char *const later[] = {"any", "all", "some"};
  for (u32 k = 0; k < SN_COUNT(later); k++)
    if (callIs(e, later[k]))
      return snParseError(c->p, e->at, "%s() is not supported yet: use "
          "array_contains(array, value)", e->text);
  if (callIs(e, "columns"))
    return snParseError(c->p, e->at, "COLUMNS() stands in a select list "
        "alone");
  if (callIs(e, "rollup") || callIs(e, "cube"))
    return snParseError(c->p, e->at, "%s() stands in GROUP BY alone",
        e->text);
  Nearest n;
  const Func *f;
  const AggFunc *a;
  const WindowFunc *w;
  snNearestInit(&n, e->text);
  /* Aggregates are few and asked for often: they win where names tie. */
  for (u32 k = 0; (a = snAggAt(k)); k++) snNearestAdd(&n, a->name);
  for (u32 k = 0; (f = snFuncAt(k)); k++) snNearestAdd(&n, f->name);
  for (u32 k = 0; (w = snWindowAt(k)); k++) snNearestAdd(&n, w->name);
  snNearestHint(&n, c->err);
  return snParseError(c->p, e->at, "no such function: %s", e->text);
}

static int callScalar(Compile *c, Expr *e) {
  const Func *best = NULL, *f;
  int cost = INT_MAX;
  bool any = false;
  for (u32 k = 0; (f = snFuncFind(e->text, e->len, k)); k++) {
    int x = callFit(f->args, e->list);
    any = true;
    if (x >= 0 && x < cost) {
      cost = x;
      best = f;
    }
  }
  if (!any) return callUnknown(c, e);
  if (!best)
    return snParseError(c->p, e->at, "wrong arguments for %s(): PRAGMA "
        "functions lists what it takes", e->text);
  if (e->list && e->list->n > 60)
    return snParseError(c->p, e->at, "%s() has more than 60 arguments",
        e->text);
  assert(best->fn); /* forms that fit were taken apart */
  e->func = best;
  e->kind = EX_FUNC;
  int rc = callCasts(c, best->args, e->list);
  e->type = callRet(best->ret, e->list);
  return rc;
}

/* Operators that are written as calls in the tree are asked for, too. */
static int callGuard(Compile *c, const Expr *e) {
  char name[64];
  if (c->checks && c->p->stmt.kind != ST_DDL) return SEINE_OK;
  size_t n = SN_MIN(strlen(e->text), sizeof name - 1);
  for (size_t i = 0; i < n; i++)
    name[i] = (char)(e->text[i] >= 'A' && e->text[i] <= 'Z' ? e->text[i] | 32
                                                            : e->text[i]);
  name[n] = 0;
  return snGuard(c, e->at, SEINE_AUTH_FUNCTION, name, NULL);
}

int snResolveCall(Compile *c, Plan *p, Expr **at, u32 flags) {
  bool done;
  if (callGuard(c, *at)) return c->p->rc;
  if (callIs(*at, TABLE_FUNC_UNNEST)) return snLateralColumn(c, p, at);
  int rc = snLambda(c, p, at, flags, &done);
  if (!rc && !done) rc = callForm(c, p, at, flags, &done);
  Expr *e = *at;
  if (rc || done) return rc;
  rc = callNamed(c, e);
  if (rc) return rc;
  for (u32 k = 0; e->list && k < e->list->n; k++)
    if (e->list->v[k].alias)
      return snParseError(c->p, e->list->v[k].e->at, "%s() has no argument "
          "named %s", e->text, e->list->v[k].alias);
  rc = callTop(c, e);
  if (rc) return rc;
  bool agg = snAggFind(e->text, e->len, 0) != NULL;
  bool two = e->list && e->list->n > 1 && !e->over && !e->star;
  if (two && callIs(e, "max")) e->text = "greatest", agg = false;
  if (two && callIs(e, "min")) e->text = "least", agg = false;
  e->len = (u32)strlen(e->text);
  u32 inner = agg && !e->over ? flags & ~(RES_AGG | RES_WINDOW) : flags;
  if (e->over) inner &= ~RES_WINDOW;
  if (agg && !e->over && p && p->outer) {
    rc = callOuter(c, p, e, inner, &done);
    if (rc || done) return rc;
  } else {
    rc = callArgs(c, p, e, inner);
  }
  if (rc) return rc;
  if (e->over && !(flags & RES_WINDOW))
    return snParseError(c->p, e->at, "a window function cannot stand here: "
        "put it into the select list, QUALIFY or ORDER BY");
  rc = callWindowFunc(c, p, e, flags, &done);
  if (rc || done) return rc;
  if (agg) return callAgg(c, p, e, flags, &done);
  if (!snFuncFind(e->text, e->len, 0)) return callUnknown(c, e);
  if (e->over)
    return snParseError(c->p, e->at, "%s() is no window function", e->text);
  if (e->filter || e->distinct || e->star || e->ignore_nulls ||
      e->respect_nulls || e->from_last || e->order)
    return snParseError(c->p, e->at, "%s() is no aggregate", e->text);
  if (two && (callIs(e, "greatest") || callIs(e, "least"))) {
    u8 t = TYPE_NULL;
    for (u32 k = 0; k < e->list->n; k++)
      t = snResolveUnify(t, e->list->v[k].e->type);
    for (u32 k = 0; !rc && k < e->list->n; k++)
      rc = snResolveCast(c, &e->list->v[k].e, t);
    if (rc) return rc;
  }
  return callScalar(c, e);
}
