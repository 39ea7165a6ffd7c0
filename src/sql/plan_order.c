/*
** plan_order: in which order inner joins are made.
**
** The first source is probed with and never held: it is the one with the most
** rows left by its conditions.  Then, again and again, comes the source that
** is tied by an equation to those before and whose conditions leave the
** smallest part of it; one that is tied to nothing waits as long as it can.
** Sources that are tied by way of that one alone are joined to it before, so
** that what they leave out is never built.  What a condition leaves is a
** guess; the rows of tables are known.
*/
#include "sql/plan.h"

/* ---- guesses ------------------------------------------------------------ */

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
  if (p->call || p->file) return 1000;
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

static bool orderAsks(void *arg, Expr **at) {
  bool *asks = arg;
  *asks |= (*at)->kind == EX_LOOKUP && (*at)->sub->mode != SUB_ONCE;
  return !*asks;
}

/* Rows of the largest table, and the part of them that conditions on single
** sources leave, joined as they will be: but those that ask a sub-query. */
static double orderLeft(const Plan *p, double *most) {
  double part = 1;
  *most = 1;
  for (u32 s = 0; s < p->nsrc; s++)
    *most = SN_MAX(*most, orderSource(p->src + s));
  for (u32 i = 0; i < p->conj.n; i++) {
    Expr *e = p->conj.v[i].e;
    bool asks = false;
    snAstWalk(&e, orderAsks, &asks);
    if (!asks && __builtin_popcountll(snPlanSources(p, e)) == 1)
      part *= orderPart(e);
  }
  return part;
}

#define ORDER_FEW  0.4
#define ORDER_WAIT 4e6 /* rows */

bool snPlanIsFew(const Plan *p, const Plan *of, u32 least) {
  double most, others, part = orderLeft(p, &most);
  double left = orderLeft(of, &others);
  return part <= ORDER_FEW && part * most <= ORDER_WAIT &&
      part * most <= left * others && others >= least;
}
#undef ORDER_FEW
#undef ORDER_WAIT

/* ---- the order ---------------------------------------------------------- */

typedef struct Order {
  Compile *c;
  const Plan *p;
  double *rows, *part; /* of each source */
  u64 *ties;           /* sources that an equation ties it to */
} Order;

static JoinTree *orderNew(Compile *c, u32 src, u32 n) {
  JoinTree *t = snArenaZero(c->arena, sizeof *t);
  if (!t) return NULL;
  t->src = src;
  t->all = 1ull << src;
  t->child = snArenaZero(c->arena, (n + 1) * sizeof *t->child);
  return t->child ? t : NULL;
}

/* As written, or as Plan.seq has it. */
static int orderPlain(Compile *c, const Plan *p, JoinTree **out) {
  JoinTree *t = *out = orderNew(c, p->seq[0], p->nsrc);
  for (u32 k = 1; t && k < p->nsrc; k++) {
    t->child[t->n] = orderNew(c, p->seq[k], 0);
    if (!t->child[t->n++]) return SN_NOMEM;
    t->all |= 1ull << p->seq[k];
  }
  return t ? SEINE_OK : SN_NOMEM;
}

static void orderTies(Order *o) {
  const Plan *p = o->p;
  for (u32 i = 0; i < p->conj.n; i++) {
    const Expr *e = p->conj.v[i].e;
    u64 m = snPlanSources(p, e);
    bool pair = __builtin_popcountll(m) == 2;
    bool same = e->kind == EX_IS && !e->negate;
    if (!pair || (!same && (e->kind != EX_COMPARE || e->op != CMP_EQ)))
      continue;
    u64 l = snPlanSources(p, e->left), r = snPlanSources(p, e->right);
    if (!l || !r || (l & r)) continue;
    o->ties[__builtin_ctzll(l)] |= r;
    o->ties[__builtin_ctzll(r)] |= l;
  }
}

/* Those of `among` that are reached from s by ties within it. */
static u64 orderReach(const Order *o, u32 s, u64 among) {
  u64 seen = 1ull << s, more = seen;
  while (more) {
    u32 k = (u32)__builtin_ctzll(more);
    more &= more - 1;
    u64 next = o->ties[k] & among & ~seen;
    seen |= next;
    more |= next;
  }
  return seen;
}

/* s and those of `left` that are tied to `placed` by way of s alone. */
static u64 orderBehind(const Order *o, u32 s, u64 placed, u64 left) {
  u64 own = 1ull << s, rest = left & ~own;
  for (u64 m = rest; m; m &= m - 1) {
    u32 k = (u32)__builtin_ctzll(m);
    u64 all = orderReach(o, k, rest);
    bool tied = false;
    for (u64 x = all; x; x &= x - 1)
      tied |= (o->ties[__builtin_ctzll(x)] & placed) != 0;
    if (!tied && (orderReach(o, k, left) >> s & 1)) own |= 1ull << k;
  }
  return own;
}

static double orderPartOf(const Order *o, u64 m) {
  double part = 1;
  for (; m; m &= m - 1) part *= o->part[__builtin_ctzll(m)];
  return part;
}

/* The next source, with those that hang on it, to be joined to `placed`. */
static u32 orderNext(const Order *o, u64 placed, u64 left, u64 *with) {
  u32 best = UINT32_MAX;
  bool best_tied = false;
  double best_cost = 0;
  for (u64 m = left; m; m &= m - 1) {
    u32 s = (u32)__builtin_ctzll(m);
    bool tied = (o->ties[s] & placed) != 0;
    u64 own = tied ? orderBehind(o, s, placed, left) : 1ull << s;
    double cost = tied ? orderPartOf(o, own) : o->rows[s];
    bool better = best == UINT32_MAX || (tied && !best_tied) ||
        (tied == best_tied &&
            (cost < best_cost ||
                (cost <= best_cost && o->rows[s] < o->rows[best])));
    if (!better) continue;
    best = s;
    best_tied = tied;
    best_cost = cost;
    *with = own;
  }
  return best;
}

/* The sources of `left` joined to the root, which is probed with. */
static int orderTree(Order *o, u32 root, u64 left, JoinTree **out) {
  JoinTree *t = *out = orderNew(o->c, root, o->p->nsrc);
  int rc = t ? SEINE_OK : SN_NOMEM;
  while (!rc && left) {
    u64 with = 0;
    u32 s = orderNext(o, t->all, left, &with);
    rc = orderTree(o, s, with & ~(1ull << s), &t->child[t->n++]);
    t->all |= with;
    left &= ~with;
  }
  return rc;
}

/* Few rows, and each source tied to one before: as it was written. */
static bool orderIsGood(const Order *o) {
  for (u32 s = 0; s < o->p->nsrc; s++) {
    u64 before = (1ull << s) - 1;
    if (o->rows[s] > SN_WINDOW || (s && !(o->ties[s] & before))) return false;
  }
  return true;
}

int snPlanOrder(Compile *c, const Plan *p, JoinTree **out) {
  Order o = {.c = c, .p = p};
  for (u32 s = 0; s < p->nsrc; s++)
    if (p->src[s].join != JOIN_INNER || p->src[s].asof ||
        snPlanNeedsRows(p->src + s))
      return orderPlain(c, p, out);
  o.rows = snArenaZero(c->arena, p->nsrc * sizeof *o.rows);
  o.part = snArenaZero(c->arena, p->nsrc * sizeof *o.part);
  o.ties = snArenaZero(c->arena, p->nsrc * sizeof *o.ties);
  if (!o.rows || !o.part || !o.ties) return SN_NOMEM;
  for (u32 s = 0; s < p->nsrc; s++) {
    o.part[s] = 1;
    for (u32 i = 0; i < p->conj.n; i++)
      if (snPlanSources(p, p->conj.v[i].e) == 1ull << s)
        o.part[s] *= orderPart(p->conj.v[i].e);
    o.rows[s] = orderSource(p->src + s) * o.part[s];
  }
  orderTies(&o);
  if (orderIsGood(&o)) return orderPlain(c, p, out);
  u32 root = 0;
  for (u32 s = 1; s < p->nsrc; s++)
    if (o.rows[s] > o.rows[root]) root = s;
  u64 all = p->nsrc == 64 ? ~0ull : (1ull << p->nsrc) - 1;
  return orderTree(&o, root, all & ~(1ull << root), out);
}
