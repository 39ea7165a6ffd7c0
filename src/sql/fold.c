/*
** fold: functions that take the elements of an array into one value, each
** after the other:
**
**   list_reduce(a, (s, x) -> f [, start])
**   aggregate(a, start, (s, x) -> f [, s -> finish])
**
** become an EX_FOLD:
**
**   left    the array
**   right   what s is at first: start, or, when slot is 1, the first element
**   third   f, over two EX_ELEMENT leaves: s, and x
**
** (1) An EX_ELEMENT has the number of folds around its own, and not one that
**     is told once: two folds that are written alike are alike.  Those side by
**     side share numbers, as what is bound in one ends with it.
** (2) s has one type, whatever element it stands at.
** (3) No sub-query sees s and x: it would have to be asked again for each
**     element.
*/
#include "sql/plan.h"

/* The names that f may use. */
typedef struct FoldScope {
  const struct FoldScope *outer;
  const Plan *plan;
  const char *name[2];
  Expr *leaf[2];
} FoldScope;

/* ---- names -------------------------------------------------------------- */

/* The innermost that it may mean; own: of the select p, or of any other. */
static const FoldScope *foldFind(const Compile *c, const Plan *p,
    const Expr *e, bool own, u32 *k) {
  for (const FoldScope *s = e->left ? NULL : c->fold; s; s = s->outer)
    for (*k = 0; *k < 2; ++*k)
      if ((s->plan == p) == own && snAsciiEq(s->name[*k],
              strlen(s->name[*k]), e->text, e->len))
        return s;
  return NULL;
}

Expr *snFoldName(const Compile *c, const Plan *p, const Expr *e) {
  u32 k;
  const FoldScope *s = foldFind(c, p, e, true, &k);
  return s ? s->leaf[k] : NULL;
}

int snFoldOutside(Compile *c, const Plan *p, const Expr *e) {
  u32 k;
  if (!foldFind(c, p, e, false, &k)) return SEINE_OK;
  return snParseError(c->p, e->at, "%s is another value at each element: "
      "sub-queries, and lambdas of list_transform() and its like, do not see "
      "it", e->text);
}

static Expr *foldLeaf(Compile *c, u32 k, u8 type) {
  u32 depth = 0;
  Expr *e = snAstNew(c->p, EX_ELEMENT, 0);
  for (const FoldScope *s = c->fold; s; s = s->outer) depth++;
  if (!e) return NULL;
  e->i = 2 * depth + k;
  e->type = type;
  return e;
}

/* ---- resolving ---------------------------------------------------------- */

/* What a call is made of. */
typedef struct FoldCall {
  const char *name;
  Expr *array, *start, *step, *finish;
} FoldCall;

static int foldCall(Compile *c, const Expr *e, FoldCall *f) {
  const ExprList *l = e->list;
  u32 n = l ? l->n : 0, at = n > 1 && l->v[1].e->kind != EX_LAMBDA ? 2 : 1;
  *f = (FoldCall){.name = e->text};
  bool good = n > at && l->v[at].e->kind == EX_LAMBDA && n <= 4;
  if (good) {
    f->array = l->v[0].e;
    f->step = l->v[at].e;
    if (at == 2) f->start = l->v[1].e;
    else if (n > 2) f->start = l->v[2].e;
    if (n == 4) f->finish = l->v[3].e;
    good = (!f->start || f->start->kind != EX_LAMBDA) &&
        (!f->finish || (at == 2 && f->finish->kind == EX_LAMBDA));
  }
  return good ? SEINE_OK
              : snParseError(c->p, e->at, "%s() takes an array, (s, x) -> "
                  "expression and a start, or an array, a start, (s, x) -> "
                  "expression and s -> expression", e->text);
}

static int foldNames(Compile *c, const Expr *params, FoldScope *s) {
  const ExprList *l = params->kind == EX_ROW ? params->list : NULL;
  for (u32 k = 0; k < 2; k++) {
    const Expr *x = l && l->n == 2 ? l->v[k].e : params;
    if (x->kind != EX_NAME || x->left || !l)
      return snParseError(c->p, x->at, "the left side of -> is (s, x) for "
          "what there is so far and an element");
    s->name[k] = x->text;
  }
  return SEINE_OK;
}

/* *f: the step, a copy, with an s of that type. */
static int foldStep(Compile *c, Plan *p, FoldScope *s, const Expr *step,
    u8 type, u32 flags, Expr **f) {
  *f = snAstCopy(c->p, step);
  s->leaf[0] = foldLeaf(c, 0, type);
  if (!*f || !s->leaf[0]) return c->p->rc;
  c->fold = s;
  int rc = snResolve(c, p, f, flags & ~(RES_AGG | RES_WINDOW));
  c->fold = s->outer;
  return rc;
}

/* A type that holds what s begins as and what the step makes of it. */
static int foldTyped(Compile *c, Plan *p, FoldScope *s, const Expr *step,
    Expr *e, u32 flags) {
  u8 type = e->right->type;
  int rc = foldStep(c, p, s, step, type, flags, &e->third);
  if (rc) return rc;
  u8 wide = snResolveUnify(type, e->third->type);
  if (wide == TYPE_NULL) wide = TYPE_TEXT;
  if (wide != type) rc = foldStep(c, p, s, step, wide, flags, &e->third);
  if (!rc) rc = snResolveCast(c, &e->third, wide);
  if (!rc) rc = snResolveCast(c, &e->right, wide);
  e->type = wide;
  return rc;
}

typedef struct FoldFinish { const Expr *name; Expr *value; } FoldFinish;

static bool foldReplace(void *arg, Expr **at) {
  const FoldFinish *f = arg;
  const Expr *e = *at;
  if (e->kind == EX_FOLD) return false;
  if (e->kind == EX_NAME && !e->left &&
      snAsciiEq(e->text, e->len, f->name->text, f->name->len))
    *at = f->value;
  return true;
}

/* *at becomes what the lambda makes of it. */
static int foldFinish(Compile *c, Plan *p, const Expr *lambda, Expr **at,
    u32 flags) {
  FoldFinish f = {lambda->left, *at};
  if (lambda->left->kind != EX_NAME || lambda->left->left)
    return snParseError(c->p, lambda->left->at, "the left side of -> is s, "
        "the value that is finished");
  *at = lambda->right;
  snAstWalk(at, foldReplace, &f);
  return snResolve(c, p, at, flags);
}

int snFold(Compile *c, Plan *p, Expr **at, u32 flags) {
  FoldScope s = {.outer = c->fold, .plan = p};
  FoldCall f;
  int rc = foldCall(c, *at, &f);
  if (!rc) rc = foldNames(c, f.step->left, &s);
  if (!rc) rc = snResolve(c, p, &f.array, flags);
  if (!rc) rc = snResolve(c, p, &f.start, flags);
  if (rc) return rc;
  if (f.array->type == TYPE_NULL)
    rc = snResolveCast(c, &f.array, TYPE_ARRAY | TYPE_TEXT);
  else if (!(f.array->type & TYPE_ARRAY))
    return snParseError(c->p, f.array->at, "%s() takes an array", f.name);
  Expr *e = snAstNode(c->p, EX_FOLD, f.array, f.start);
  s.leaf[1] = foldLeaf(c, 1, f.array->type & (u8)~TYPE_ARRAY);
  if (rc || !e || !s.leaf[1]) return rc ? rc : c->p->rc;
  e->at = (*at)->at;
  e->slot = !f.start;
  if (e->slot) e->right = s.leaf[1];
  rc = foldTyped(c, p, &s, f.step->right, e, flags);
  e->list = snAstPair(c->p, s.leaf[0], s.leaf[1]);
  if (rc || c->p->rc) return rc ? rc : c->p->rc;
  *at = snAstWhen(c->p, snAstNotNull(c->p, f.array), e, NULL);
  if (*at) rc = snResolve(c, p, at, flags);
  return !rc && *at && f.finish ? foldFinish(c, p, f.finish, at, flags)
                                : rc ? rc : c->p->rc;
}

/* ---- code --------------------------------------------------------------- */

/* The elements, one of each array at a time, go through the step as long as
** there is an array that has another one. */
static int foldLoop(Compile *c, Env *v, const Expr *e, u16 view, u16 sum) {
  const Expr *x = e->list->v[1].e;
  u16 one = snProgReg(c->prog, x->type), value = NO_REG;
  u32 first = UINT32_MAX, kept = v->n;
  int rc = snEnvBind(c, v, x, one);
  if (!rc && e->slot) {
    first = snCodeAdd(c, OP_Element, v->sel, one, view, NO_REG);
    rc = snCodeExpr(c, v, e->right, &value);
    snCodeAdd(c, OP_Blend, v->sel, sum, value, NO_REG);
    v->n = kept; /* what was made of the first one */
  }
  u32 next = snCodeAdd(c, OP_Element, v->sel, one, view, NO_REG);
  if (!rc) rc = snEnvBind(c, v, x, one);
  if (!rc) rc = snEnvBind(c, v, e->list->v[0].e, sum);
  if (!rc) rc = snCodeExpr(c, v, e->third, &value);
  u32 at = snCodeAdd(c, OP_Blend, v->sel, sum, value, NO_REG);
  snProgAt(c->prog, at)->flag = 2;
  snCodeLoop(c, next);
  if (first != UINT32_MAX) snProgJump(c->prog, first, snCodeHere(c));
  v->n = kept;
  return rc ? rc : c->prog->rc;
}

int snFoldCode(Compile *c, Env *v, const Expr *e, u16 *reg) {
  ExprList leaves = {0};
  u16 sel = v->sel, array, start = NO_REG, view, r;
  int rc = snCodeLeaves(c, e, &leaves);
  for (u32 k = 0; !rc && k < leaves.n; k++)
    rc = snCodeExpr(c, v, leaves.v[k].e, &r);
  if (!rc) rc = snCodeExpr(c, v, e->left, &array);
  if (!rc && !e->slot) rc = snCodeExpr(c, v, e->right, &start);
  if (rc) return rc;
  *reg = snProgReg(c->prog, e->type);
  view = snProgReg(c->prog, TYPE_BLOB);
  u32 at = snCodeAdd(c, OP_Blend, sel, *reg, start, NO_REG);
  snProgAt(c->prog, at)->flag = 1;
  snCodeAdd(c, OP_Fold, sel, view, array, NO_REG);
  v->sel = snProgSel(c->prog);
  snCodeAdd(c, OP_MoveSel, sel, v->sel, NO_REG, NO_REG);
  rc = foldLoop(c, v, e, view, *reg);
  v->sel = sel;
  return rc;
}
