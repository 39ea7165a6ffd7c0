/*
** plan_order: in which order inner joins are made.
**
** The first source is probed with and never held: it is the one with the most
** rows left by its conditions.  Then, again and again, comes the source that
** is tied by an equation to those before and whose own conditions leave the
** smallest part of it; one that is tied to nothing waits as long as it can.
** What a condition leaves is a guess; the rows of tables are known.
*/
#include "sql/plan.h"

/* ---- guesses --------------------------------------------------------------- */

static double orderPart(const Expr *e);

static double orderCompare(const Expr *e) {
  switch (e->op) {
  case CMP_EQ: return 0.05;
  case CMP_NE: return 0.9;
  default: return 0.3;
  }
}

/* The part of the rows that a condition leaves. */
static double orderPart(const Expr *e) {
  switch (e->kind) {
  case EX_HIT: return 0.02;
  case EX_COMPARE: return orderCompare(e);
  case EX_LIKE: return 0.1;
  case EX_ISNULL: return e->negate ? 0.9 : 0.1;
  case EX_AND: return orderPart(e->left) * orderPart(e->right);
  case EX_OR: {
    double a = orderPart(e->left), b = orderPart(e->right);
    return a + b - a * b;
  }
  case EX_NOT: return 1 - orderPart(e->left);
  case EX_IN: {
    double some = 0.05 * (e->list ? e->list->n : 1);
    some = SN_MIN(some, 0.5);
    return e->negate ? 1 - some : some;
  }
  case EX_BOOL: return e->i ? 1 : 0;
  default: return 0.4;
  }
}

static double orderRows(const Plan *p);

static double orderSource(const Source *s) {
  if (s->table) return (double)s->docs;
  if (s->domain) return 256;
  return s->rows ? 1000 : orderRows(s->sub);
}

/* ... of a plan: as many as the largest of its sources has. */
static double orderRows(const Plan *p) {
  double most = 1;
  if (p->set) return orderRows(p->left) + orderRows(p->right);
  if (p->call) return 1000;
  if (p->s->nrows) return p->s->nrows;
  if (p->grouped && !p->key.n) return 1;
  for (u32 s = 0; s < p->nsrc; s++) {
    double rows = orderSource(p->src + s);
    for (u32 i = 0; i < p->conj.n; i++)
      if (snPlanSources(p, p->conj.v[i].e) == 1ull << s)
        rows *= orderPart(p->conj.v[i].e);
    most = SN_MAX(most, rows);
  }
  if (p->grouped) most /= 4;
  const Expr *limit = p->s->limit;
  if (limit && limit->kind == EX_INT && limit->i >= 0)
    most = SN_MIN(most, (double)limit->i);
  return SN_MAX(most, 1);
}

/* ---- the order --------------------------------------------------------------- */

typedef struct Order {
  const Plan *p;
  double *rows, *part; /* of each source */
  u64 placed;
} Order;

/* Is there an equation of this source with those that are placed? */
static bool orderIsTied(const Order *o, u32 s) {
  const Plan *p = o->p;
  for (u32 i = 0; i < p->conj.n; i++) {
    const Expr *e = p->conj.v[i].e;
    bool same = e->kind == EX_IS && !e->negate;
    if (!same && (e->kind != EX_COMPARE || e->op != CMP_EQ)) continue;
    u64 l = snPlanSources(p, e->left), r = snPlanSources(p, e->right);
    u64 me = 1ull << s;
    if ((l == me && r && !(r & ~o->placed)) ||
        (r == me && l && !(l & ~o->placed)))
      return true;
  }
  return false;
}

static bool orderIsBetter(const Order *o, u32 s, bool tied, u32 than,
    bool than_tied) {
  if (tied != than_tied) return tied;
  if (tied && o->part[s] != o->part[than]) return o->part[s] < o->part[than];
  return o->rows[s] < o->rows[than];
}

static u32 orderNext(const Order *o) {
  u32 best = UINT32_MAX;
  bool best_tied = false;
  for (u32 s = 0; s < o->p->nsrc; s++) {
    if (o->placed >> s & 1) continue;
    bool tied = orderIsTied(o, s);
    if (best != UINT32_MAX && !orderIsBetter(o, s, tied, best, best_tied))
      continue;
    best = s;
    best_tied = tied;
  }
  return best;
}

/* Few rows, and each source tied to one before: as it was written. */
static bool orderIsGood(Order *o) {
  for (u32 s = 0; s < o->p->nsrc; s++) {
    o->placed = (1ull << s) - 1;
    if (o->rows[s] > SN_WINDOW || (s && !orderIsTied(o, s))) return false;
  }
  return true;
}

int snPlanOrder(Compile *c, Plan *p) {
  Order o = {.p = p};
  for (u32 s = 0; s < p->nsrc; s++)
    if (p->src[s].join != JOIN_INNER) return SEINE_OK;
  o.rows = snArenaZero(c->arena, p->nsrc * sizeof *o.rows);
  o.part = snArenaZero(c->arena, p->nsrc * sizeof *o.part);
  if (!o.rows || !o.part) return SN_NOMEM;
  for (u32 s = 0; s < p->nsrc; s++) {
    o.part[s] = 1;
    for (u32 i = 0; i < p->conj.n; i++)
      if (snPlanSources(p, p->conj.v[i].e) == 1ull << s)
        o.part[s] *= orderPart(p->conj.v[i].e);
    o.rows[s] = orderSource(p->src + s) * o.part[s];
  }
  if (orderIsGood(&o)) return SEINE_OK;
  u32 first = 0;
  for (u32 s = 1; s < p->nsrc; s++)
    if (o.rows[s] > o.rows[first]) first = s;
  p->seq[0] = first;
  o.placed = 1ull << first;
  for (u32 k = 1; k < p->nsrc; k++) {
    p->seq[k] = orderNext(&o);
    o.placed |= 1ull << p->seq[k];
  }
  return SEINE_OK;
}
