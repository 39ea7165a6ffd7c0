/*
** bound: between which values an expression lies in a window, from the bounds
** of its columns and of the score alone.  No row is looked at.
**
** Invariants:
** (1) The value of every row of the window, as the machine computes it and as
**     a double, is NULL or in [lo, hi].
** (2) Ends are finite.  What may be infinite or NaN is not known: a NaN sorts
**     above all numbers.
** (3) Rounding keeps order: sums, products and quotients of ends bound those
**     of doubles exactly.  Integers count as long as doubles hold them all.
**     What a library computes is widened by more than it errs.
*/
#include "vm/vmInt.h"

#define BOUND_EXACT 0x1p53 /* integers below it are doubles */
#define BOUND_ERROR 0x1p-46

static void boundWiden(Bounds *s) {
  s->lo -= fabs(s->lo) * BOUND_ERROR;
  s->hi += fabs(s->hi) * BOUND_ERROR;
}

/* ---- leaves ------------------------------------------------------------- */

static Bounds boundConst(const Vec *v) {
  if (snVecNull(v, 0)) return (Bounds){.none = true, .nulls = true};
  double x = snTypeForm(v->type) == FORM_REAL
      ? ((const double *)v->data)[0] : (double)((const i64 *)v->data)[0];
  return (Bounds){.lo = x, .hi = x, .known = true};
}

static int boundColumn(Cursor *c, const BoundNode *n, u32 seg, u32 w,
    Bounds *out) {
  ColReader *k;
  Zone z;
  int rc = snCursorReader(c, seg, n->column, &k);
  *out = (Bounds){0};
  if (rc || snColKind(k) == COL_ROW || snColKind(k) == COL_CODE) return rc;
  if (!snColZone(k, w, &z)) {
    *out = (Bounds){.none = true, .nulls = true};
  } else if (snTypeForm(n->type) == FORM_REAL) {
    *out = (Bounds){z.rmin, z.rmax, true, false, z.nulls > 0};
  } else {
    *out = (Bounds){(double)z.min, (double)z.max, true, false, z.nulls > 0};
  }
  return SEINE_OK;
}

/* ---- operators ---------------------------------------------------------- */

/* The least and the greatest of what the ends give. */
static Bounds boundEnds(u8 op, const Bounds *a, const Bounds *b) {
  double x[4] = {a->lo, a->lo, a->hi, a->hi};
  double y[4] = {b->lo, b->hi, b->lo, b->hi};
  Bounds s = {INFINITY, -INFINITY, true, false, false};
  for (u32 i = 0; i < 4; i++) {
    double v = op == BOUND_ADD ? x[i] + y[i]
        : op == BOUND_SUB      ? x[i] - y[i]
        : op == BOUND_MUL      ? x[i] * y[i] : x[i] / y[i];
    if (isnan(v)) s.known = false;
    s.lo = SN_MIN(s.lo, v);
    s.hi = SN_MAX(s.hi, v);
  }
  return s;
}

static bool boundHeld(const Bounds *s) {
  return s->lo > -BOUND_EXACT && s->hi < BOUND_EXACT;
}

static Bounds boundArith(const BoundNode *n, const Bounds *a, const Bounds *b) {
  Bounds s = boundEnds(n->op, a, b);
  if (n->op == BOUND_DIV && b->lo <= 0 && b->hi >= 0) s.known = false;
  if (n->type != TYPE_REAL)
    s.known = s.known && boundHeld(a) && boundHeld(b) && boundHeld(&s);
  return s;
}

/* One of both, no matter which. */
static Bounds boundEither(const Bounds *a, const Bounds *b) {
  if (a->none) return *b;
  if (b->none) return *a;
  return (Bounds){.lo = SN_MIN(a->lo, b->lo), .hi = SN_MAX(a->hi, b->hi),
      .known = true};
}

/* ---- functions ---------------------------------------------------------- */

/* The function at two values of its first argument. */
static bool boundCall(Run *r, const BoundNode *n, double x, double y,
    double out[2]) {
  const FuncCallDef *d = n->call;
  double real[2] = {x, y};
  i64 whole[2] = {(i64)x, (i64)y};
  u64 nulls[1] = {0};
  char error[256];
  Vec args[BOUND_ARGS] = {{0}};
  Vec to = {.type = TYPE_REAL, .data = out, .nulls = nulls, .buf = out,
      .null_buf = nulls};
  FuncCtx ctx = {.arena = &r->batch, .budget = r->budget, .now_us = r->now_us,
      .scratch = &r->scratch, .error = error};
  args[0].type = n->arg;
  args[0].data = n->arg == TYPE_REAL ? (void *)real : (void *)whole;
  for (u32 k = 1; k < d->n; k++) {
    args[k] = *snReg(r, d->arg[k]);
    if (snVecNull(args + k, 0)) return false;
  }
  return !d->func->fn(&ctx, args, d->n, (Rows16){NULL, 2}, &to) && !nulls[0];
}

/* A function that rises from where it begins; below that it is NULL. */
static Bounds boundRise(Run *r, const BoundNode *n, const Bounds *a) {
  double lo = n->op == BOUND_RISE_ABOVE ? SN_MAX(a->lo, 0x1p-1074)
      : n->op == BOUND_RISE_FROM        ? SN_MAX(a->lo, 0) : a->lo;
  Bounds s = {.nulls = a->lo < lo};
  double out[2];
  s.known = a->hi >= lo && boundCall(r, n, lo, a->hi, out);
  if (!s.known) return s;
  s.lo = out[0];
  s.hi = out[1];
  boundWiden(&s);
  return s;
}

/* A decay: the nearer to the second argument the more. */
static Bounds boundNear(Run *r, const BoundNode *n, const Bounds *a) {
  Bounds s = {0};
  Bounds at = boundConst(snReg(r, n->call->arg[1]));
  double out[2], near;
  if (!at.known || (n->arg != TYPE_REAL && !(boundHeld(a) && boundHeld(&at))))
    return s;
  near = at.lo < a->lo ? a->lo : at.lo > a->hi ? a->hi : at.lo;
  s.known = boundCall(r, n, near,
      at.lo - a->lo > a->hi - at.lo ? a->lo : a->hi, out);
  if (!s.known) return s;
  s.lo = out[1];
  s.hi = out[0];
  boundWiden(&s);
  return s;
}

/* ---- the whole ---------------------------------------------------------- */

static Bounds boundOne(Run *r, const BoundNode *n, const Bounds *a) {
  switch (n->op) {
  case BOUND_NEG: return (Bounds){-a->hi, -a->lo, true, false, false};
  case BOUND_REAL: return (Bounds){a->lo, a->hi, true, false, false};
  case BOUND_NEAR: return boundNear(r, n, a);
  default: return boundRise(r, n, a);
  }
}

/* What is NULL or unknown below stays so above; but of two ways one may be
** open. */
static Bounds boundNode(Run *r, const BoundNode *n, const Bounds *a,
    const Bounds *b) {
  bool two = n->op >= BOUND_ADD && n->op <= BOUND_EITHER;
  bool open = a->known || a->none, nulls = a->nulls || (two && b->nulls);
  Bounds s = {.nulls = nulls};
  if (two) open = open && (b->known || b->none);
  if (!open) return s;
  if (n->op == BOUND_EITHER) {
    s = a->none && b->none ? (Bounds){.none = true} : boundEither(a, b);
  } else if (a->none || (two && b->none)) {
    s.none = true;
  } else {
    s = two ? boundArith(n, a, b) : boundOne(r, n, a);
  }
  s.nulls = s.nulls || nulls;
  return s;
}

int snBoundGet(Run *r, Cursor *c, const BoundDef *d, const BoundAt *at,
    Bounds *out) {
  Bounds stack[BOUND_NODES];
  u32 top = 0;
  for (u32 i = 0; i < d->n; i++) {
    const BoundNode *n = d->node + i;
    Bounds s;
    int rc = SEINE_OK;
    bool two = n->op >= BOUND_ADD && n->op <= BOUND_EITHER;
    if (n->op == BOUND_CONST) {
      s = boundConst(snReg(r, n->reg));
    } else if (n->op == BOUND_COLUMN) {
      rc = boundColumn(c, n, at->seg, at->window, &s);
    } else if (n->op == BOUND_SCORE) {
      s = (Bounds){0, at->score, true, false, false};
    } else {
      top -= 1 + two;
      s = boundNode(r, n, stack + top, two ? stack + top + 1 : NULL);
    }
    if (rc) return rc;
    s.known = s.known && isfinite(s.lo) && isfinite(s.hi);
    stack[top++] = s;
  }
  *out = stack[0];
  return SEINE_OK;
}

#undef BOUND_EXACT
#undef BOUND_ERROR
