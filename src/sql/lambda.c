/*
** lambda: functions that ask an expression of each element of an array, as
** sub-queries over its elements.
**
**   list_transform(a, (x, i) -> f)  SELECT collect_all(f ORDER BY i) FROM e
**   list_filter(a, x -> f)          SELECT collect_all(x ORDER BY i) FROM e
**                                   WHERE f
**   exists(a, x -> f)               SELECT CASE WHEN count_if(f) > 0 THEN TRUE
**                                   ELSE CASE WHEN count(f) = count(*)
**                                   THEN FALSE END END FROM e
**
** where e is unnest(a) WITH ORDINALITY AS e(x, i).  So f may name all that a
** sub-query may, and each array is worked on once.  NULL has no elements, but
** the answer for it is NULL.
*/
#include "sql/plan.h"

#define LAMBDA_DEPTH 6u /* an array stands three times in what it becomes, and
                        ** the step of a fold is resolved twice */

typedef enum LambdaKind {
  LAMBDA_NONE, LAMBDA_TRANSFORM, LAMBDA_FILTER, LAMBDA_EXISTS, LAMBDA_FORALL,
  LAMBDA_REDUCE, LAMBDA_AGGREGATE /* of fold.c; it may have a second one */
} LambdaKind;

static LambdaKind lambdaKind(const char *name, size_t n) {
  static const struct { const char *name; LambdaKind kind; } known[] = {
      {"list_transform", LAMBDA_TRANSFORM},
      {"array_transform", LAMBDA_TRANSFORM}, {"list_apply", LAMBDA_TRANSFORM},
      {"transform", LAMBDA_TRANSFORM}, {"list_filter", LAMBDA_FILTER},
      {"array_filter", LAMBDA_FILTER}, {"filter", LAMBDA_FILTER},
      {"exists", LAMBDA_EXISTS}, {"forall", LAMBDA_FORALL},
      {"list_reduce", LAMBDA_REDUCE}, {"array_reduce", LAMBDA_REDUCE},
      {"reduce", LAMBDA_AGGREGATE}, {"aggregate", LAMBDA_AGGREGATE}};
  for (u32 i = 0; i < SN_COUNT(known); i++)
    if (snAsciiEq(name, n, known[i].name, strlen(known[i].name)))
      return known[i].kind;
  return LAMBDA_NONE;
}

u32 snLambdaCount(Token t) {
  LambdaKind kind = lambdaKind(t.p, t.n);
  return kind == LAMBDA_NONE ? 0 : kind == LAMBDA_AGGREGATE ? 2 : 1;
}

/* ---- parts -------------------------------------------------------------- */

static Expr *lambdaCall(Parse *p, const char *name, Expr *a, Expr *b) {
  Token t = {name, (u32)strlen(name), a ? a->at : 0};
  ExprList *l = a ? snAstList(p, NULL, a) : NULL;
  return snAstCall(p, t, b ? snAstList(p, l, b) : l);
}

static Expr *lambdaName(Parse *p, u32 at, const char *name) {
  Token t = {name, (u32)strlen(name), at};
  return snAstName(p, t);
}

/* x, or (x, i): their names; i has one that nobody writes when it is left
** out. */
static ExprList *lambdaParams(Parse *p, const Expr *e) {
  const ExprList *l = e->kind == EX_ROW ? e->list : NULL;
  ExprList *out = NULL;
  u32 n = l ? l->n : 1;
  for (u32 k = 0; k < n; k++) {
    const Expr *x = l ? l->v[k].e : e;
    if (x->kind != EX_NAME || x->left || n > 2) {
      (void)snParseError(p, x->at, "the left side of -> is x, or (x, i) for "
          "an element and its number");
      return NULL;
    }
    out = snAstList(p, out, lambdaName(p, x->at, x->text));
  }
  return n == 2 ? out
                : snAstList(p, out, lambdaName(p, e->at, "number of it"));
}

From *snLambdaElements(Parse *p, u32 at, ExprList *arrays, ExprList *names) {
  From *f = snArenaZero(p->arena, sizeof *f);
  if (!f) {
    p->rc = SN_NOMEM;
    return NULL;
  }
  f->name = (Token){TABLE_FUNC_UNNEST, 6, at};
  f->alias = "elements of it";
  f->call = f->ordinality = true;
  f->args = arrays;
  f->cols = names;
  return f;
}

static Expr *lambdaSub(Parse *p, const Expr *array, ExprList *names,
    Expr *value, Expr *where) {
  Expr *e = snAstNew(p, EX_SUBQUERY, array->at);
  Select *s = snAstSelect(p, array->at);
  if (!e || !s) return NULL;
  s->cols = snAstList(p, NULL, value);
  s->from = snLambdaElements(p, array->at,
      snAstList(p, NULL, snAstCopy(p, array)), names);
  s->where = where;
  e->op = SUB_SCALAR;
  e->select = s;
  return e;
}

/* ---- the functions ------------------------------------------------------ */

/* An array of values, in the order of the elements. */
static Expr *lambdaMany(Parse *p, const Expr *array, ExprList *names,
    Expr *value, Expr *where) {
  ExprList *order = snAstList(p, NULL, snAstCopy(p, names->v[1].e));
  return lambdaSub(p, array, names, snAstOrdered(p,
      lambdaCall(p, "collect_all", value, NULL), order, NULL), where);
}

/* Is there an element for which the condition is `yes`; NULL where one is
** unknown and none decides. */
static Expr *lambdaAny(Parse *p, const Expr *array, ExprList *names, Expr *f,
    bool yes) {
  u32 at = f->at;
  Expr *each = yes ? f : snAstNode(p, EX_NOT, f, NULL);
  Expr *rows = lambdaCall(p, "count", NULL, NULL);
  if (!each || !rows) return NULL;
  rows->star = true;
  Expr *known = lambdaCall(p, "count", snAstCopy(p, f), NULL);
  Expr *none = snAstWhen(p, snAstOp(p, EX_COMPARE, CMP_EQ, known, rows),
      snAstBool(p, at, !yes), NULL);
  return lambdaSub(p, array, names, snAstWhen(p, snAstOp(p, EX_COMPARE, CMP_GT,
      lambdaCall(p, "count_if", each, NULL), snAstInt(p, at, 0)),
      snAstBool(p, at, yes), none), NULL);
}

/* *e, an array or NULL for no rows, is empty then where the array is. */
static int lambdaEmpty(Compile *c, Plan *p, const Expr *array, Expr **e,
    u32 flags) {
  Parse *q = c->p;
  ExprList *l = snAstList(q, snAstPair(q, snAstCopy(q, array),
      snAstInt(q, array->at, 1)), snAstInt(q, array->at, 0));
  Token slice = {"array_slice", 11, array->at};
  Expr *none = snAstCall(q, slice, l);
  int rc = snResolve(c, p, e, flags);
  if (!rc) rc = snResolve(c, p, &none, flags);
  if (!rc) rc = snResolveCast(c, &none, (*e)->type);
  if (!rc) *e = snAstWhen(q, snAstNotNull(q, *e), *e, none);
  return rc ? rc : q->rc;
}

static int lambdaMake(Compile *c, Plan *p, Expr **at, LambdaKind kind,
    u32 flags) {
  Parse *q = c->p;
  const ExprList *l = (*at)->list;
  if (!l || l->n != 2 || l->v[1].e->kind != EX_LAMBDA)
    return snParseError(q, (*at)->at, "%s() takes an array and a lambda: "
        "x -> expression", (*at)->text);
  const Expr *array = l->v[0].e;
  Expr *f = l->v[1].e->right, *copy = snAstCopy(q, array);
  ExprList *names = lambdaParams(q, l->v[1].e->left);
  int rc = names ? snResolve(c, p, &copy, flags) : q->rc;
  if (rc) return rc;
  if (copy->type != TYPE_NULL && !(copy->type & TYPE_ARRAY))
    return snParseError(q, array->at, "%s() takes an array", (*at)->text);
  bool many = kind == LAMBDA_TRANSFORM || kind == LAMBDA_FILTER;
  if (kind == LAMBDA_TRANSFORM) *at = lambdaMany(q, array, names, f, NULL);
  else if (kind == LAMBDA_FILTER)
    *at = lambdaMany(q, array, names, snAstCopy(q, names->v[0].e), f);
  else *at = lambdaAny(q, array, names, f, kind == LAMBDA_EXISTS);
  if (!*at || q->rc) return q->rc;
  if (many) rc = lambdaEmpty(c, p, array, at, flags);
  else *at = snAstWhen(q, snAstNotNull(q, copy), *at, NULL);
  if (rc) return rc;
  return *at ? snResolve(c, p, at, flags) : q->rc;
}

int snLambda(Compile *c, Plan *p, Expr **at, u32 flags, bool *done) {
  LambdaKind kind = lambdaKind((*at)->text, (*at)->len);
  *done = kind != LAMBDA_NONE;
  if (!*done) return SEINE_OK;
  if (c->lambdas == LAMBDA_DEPTH)
    return snParseTooBig(c->p, (*at)->at, "functions with lambdas are nested "
        "more than %u deep", LAMBDA_DEPTH);
  c->lambdas++;
  int rc = kind >= LAMBDA_REDUCE ? snFold(c, p, at, flags)
                                 : lambdaMake(c, p, at, kind, flags);
  c->lambdas--;
  return rc;
}

#undef LAMBDA_DEPTH
