/*
** pivot: PIVOT and UNPIVOT, which are selects written shorter.
**
**   PIVOT t ON c IN (1, 2) USING sum(x) GROUP BY g
**     SELECT g, sum(x) FILTER (WHERE c = 1) AS "1", ... FROM t GROUP BY g
**   UNPIVOT t ON a, b INTO NAME n VALUE v
**     SELECT * FROM (SELECT * EXCLUDE (a, b), unnest(['a', 'b']) AS n,
**       unnest([a, b]) AS v FROM t) WHERE v IS NOT NULL
**
** ON COLUMNS('re') or * waits for the planner, which knows the columns.
** Without GROUP BY a pivot groups by all columns that it does not name.  Names
** and values are as in DuckDB.
*/
#include "sql/sqlInt.h"

#define PIVOT_COLUMNS 2000u

/* ---- names -------------------------------------------------------------- */

typedef struct PivotNames { Parse *p; ExprList *l; } PivotNames;

/* Names that stand in an expression, each once. */
static bool pivotName(void *arg, Expr **at) {
  PivotNames *n = arg;
  if ((*at)->kind != EX_NAME) return true;
  for (u32 i = 0; n->l && i < n->l->n; i++) {
    const Expr *e = n->l->v[i].e;
    if (snAsciiEq(e->text, e->len, (*at)->text, (*at)->len)) return false;
  }
  n->l = snAstList(n->p, n->l, snAstCopy(n->p, *at));
  return false;
}

/* All columns but those; there may be none. */
static ExprList *pivotOthers(Parse *p, Token at, ExprList *names) {
  Expr *star = snAstStar(p, at, names, NULL, NULL);
  if (star) star->negate = true;
  return snAstList(p, NULL, star);
}

/* A value as a name: a text as it is, any other as it was written. */
static const char *pivotValueName(Parse *p, const ExprItem *v) {
  u32 n = v->to > v->from ? v->to - v->from : 0;
  if (v->alias) return v->alias;
  if (v->e->kind == EX_STR || v->e->kind == EX_NAME) return v->e->text;
  while (n && strchr(" \t\r\n,;", p->sql[v->from + n - 1])) n--;
  const char *s = snArenaDup(p->arena, p->sql + v->from, n);
  if (!s) p->rc = SN_NOMEM;
  return s ? s : "";
}

static const char *pivotJoined(Parse *p, const char *a, const char *b) {
  size_t n = strlen(a) + strlen(b) + 2;
  char *s = snArenaAlloc(p->arena, n);
  if (!s) {
    p->rc = SN_NOMEM;
    return "";
  }
  snprintf(s, n, "%s%s%s", a, a[0] && b[0] ? "_" : "", b);
  return s;
}

/* ---- PIVOT -------------------------------------------------------------- */

typedef struct Pivot {
  Parse *p;
  const ExprList *on, *use;
  ExprList *cols;      /* of the select */
} Pivot;

static void pivotAdd(Parse *p, ExprList **l, Expr *e, const char *alias) {
  ExprItem it = {.e = e, .alias = alias};
  *l = snAstArg(p, *l, it);
}

/* What an aggregate without AS is called beside others: its text. */
static const char *pivotUseName(Parse *p, const ExprItem *u, bool alone) {
  ExprItem text = *u;
  if (u->alias) return u->alias;
  return alone ? "" : pivotValueName(p, &text);
}

static void pivotColumn(Pivot *v, Expr *when, const char *name) {
  Parse *p = v->p;
  for (u32 k = 0; !p->rc && k < v->use->n; k++) {
    const ExprItem *u = v->use->v + k;
    Expr *e = snAstCopy(p, u->e);
    Expr *only = snAstCopy(p, when);
    if (!e || !only) return;
    if (e->filter) only = snAstNode(p, EX_AND, only, e->filter);
    e->filter = only;
    pivotAdd(p, &v->cols, e, pivotJoined(p, name,
        pivotUseName(p, u, v->use->n == 1)));
    if (v->cols && v->cols->n > PIVOT_COLUMNS)
      (void)snParseError(p, e->at, "PIVOT makes more than 2,000 columns");
  }
}

/* Each value of column k with each choice of those behind it. */
static void pivotValues(Pivot *v, u32 k, Expr *when, const char *name) {
  Parse *p = v->p;
  const Expr *on = k < v->on->n ? v->on->v[k].e : NULL;
  if (!on) {
    pivotColumn(v, when, name);
    return;
  }
  for (u32 i = 0; !p->rc && i < on->list->n; i++) {
    const ExprItem *it = on->list->v + i;
    Expr *col = snAstCopy(p, on->left), *e = snAstCopy(p, it->e);
    Expr *same = e && e->kind == EX_NULL
        ? snAstNode(p, EX_ISNULL, col, NULL)
        : snAstOp(p, EX_COMPARE, CMP_EQ, col, e);
    Expr *all = when ? snAstNode(p, EX_AND, snAstCopy(p, when), same) : same;
    if (!all) return;
    pivotValues(v, k + 1, all, pivotJoined(p, name, pivotValueName(p, it)));
  }
}

static int pivotCheck(Parse *p, const ExprList *on, const ExprList *use) {
  for (u32 k = 0; k < on->n; k++)
    if (!on->v[k].e->list)
      return snParseError(p, on->v[k].e->at, "PIVOT is told the values that "
          "become columns: ON %.60s IN (1, 2); SELECT DISTINCT %.60s lists "
          "them", on->v[k].e->left->text, on->v[k].e->left->text);
  for (u32 k = 0; k < use->n; k++)
    if (use->v[k].e->kind != EX_CALL || use->v[k].e->over)
      return snParseError(p, use->v[k].e->at, "PIVOT needs an aggregate here: "
          "sum(x)");
  return p->rc;
}

Select *snPivotSelect(Parse *p, Token at, From *f, const ExprList *on,
    ExprList *use, ExprList *by) {
  Select *s = snAstSelect(p, at.at);
  Pivot v = {.p = p, .on = on};
  PivotNames names = {.p = p};
  if (!use) {
    Token count = {"count", 5, at.at};
    Expr *e = snAstCall(p, count, NULL);
    if (e) e->star = true;
    use = snAstList(p, NULL, e);
  }
  v.use = use;
  if (!s || !on || !use || p->rc || pivotCheck(p, on, use)) return NULL;
  for (u32 k = 0; k < on->n; k++) snAstWalk(&on->v[k].e->left, pivotName,
      &names);
  for (u32 k = 0; k < use->n; k++) snAstWalk(&use->v[k].e, pivotName, &names);
  v.cols = pivotOthers(p, at, names.l);
  if (by) {
    v.cols = NULL;
    for (u32 k = 0; k < by->n; k++)
      pivotAdd(p, &v.cols, snAstCopy(p, by->v[k].e), NULL);
  }
  pivotValues(&v, 0, NULL, "");
  s->from = f;
  s->cols = v.cols;
  s->group = by;
  s->group_all = !by;
  return p->rc ? NULL : s;
}

/* ---- UNPIVOT ------------------------------------------------------------ */

/* unnest([...]) AS name */
static void pivotUnnest(Parse *p, ExprList **l, Token at, ExprList *items,
    const char *name) {
  Token make = {"make_array", 10, at.at}, unnest = {"unnest", 6, at.at};
  Expr *array = snAstCall(p, make, items);
  pivotAdd(p, l, snAstCall(p, unnest, snAstList(p, NULL, array)), name);
}

/* Columns that are known when the source is: the planner asks again. */
static Select *pivotLater(Parse *p, Token at, From *f, ExprList *cols,
    const ExprList *into, bool nulls) {
  Select *s = snAstSelect(p, at.at);
  Unpivot *u = snArenaAlloc(p->arena, sizeof *u);
  if (!u && !p->rc) p->rc = SN_NOMEM;
  if (!s || !u) return NULL;
  *u = (Unpivot){at, into, nulls};
  s->cols = cols;
  s->from = f;
  s->unpivot = u;
  return s;
}

bool snPivotIsChoice(const Expr *e) {
  return e->kind == EX_STAR || (e->kind == EX_CALL &&
      snAsciiEq(e->text, e->len, "columns", 7));
}

Select *snPivotUnpivot(Parse *p, Token at, From *f, ExprList *cols,
    const ExprList *into, bool nulls) {
  for (u32 k = 0; cols && !p->rc && k < cols->n; k++)
    if (snPivotIsChoice(cols->v[k].e))
      return pivotLater(p, at, f, cols, into, nulls);
  Select *s = snAstSelect(p, at.at), *all = snAstSelect(p, at.at);
  const char *name = "name", *value = "value";
  ExprList *texts = NULL, *values = NULL, *names = NULL;
  if (into && into->n == 2) {
    name = into->v[0].e->text;
    value = into->v[1].e->text;
  }
  if (!s || !all || !cols || p->rc) return NULL;
  for (u32 k = 0; !p->rc && k < cols->n; k++) {
    const ExprItem *it = cols->v + k;
    if (it->e->kind != EX_NAME)
      (void)snParseError(p, it->e->at, "UNPIVOT takes names of columns");
    Expr *text = snAstNew(p, EX_STR, it->e->at);
    if (!text) return NULL;
    text->text = it->alias ? it->alias : it->e->text;
    text->len = (u32)strlen(text->text);
    texts = snAstList(p, texts, text);
    values = snAstList(p, values, snAstCopy(p, it->e));
    names = snAstList(p, names, snAstCopy(p, it->e));
  }
  s->cols = pivotOthers(p, at, names);
  pivotUnnest(p, &s->cols, at, texts, name);
  pivotUnnest(p, &s->cols, at, values, value);
  s->from = f;
  if (nulls) return p->rc ? NULL : s;
  Token v = {value, (u32)strlen(value), at.at};
  all->cols = snAstList(p, NULL, snAstNew(p, EX_STAR, at.at));
  all->from = snPivotSource(p, s, NULL);
  all->where = snAstNotNull(p, snAstName(p, v));
  return p->rc ? NULL : all;
}

ExprList *snPivotInto(Parse *p, Token a, Token name, Token b, Token value) {
  if (!snAstIs(a, "name") || !snAstIs(b, "value"))
    (void)snParseError(p, a.at, "UNPIVOT puts its columns INTO NAME n VALUE "
        "v");
  return snAstPair(p, snAstName(p, name), snAstName(p, value));
}

int snPivotNulls(Parse *p, Token word) {
  bool with = snAstIs(word, "include");
  if (!with && !snAstIs(word, "exclude"))
    (void)snParseError(p, word.at, "syntax error near \"%.*s\"",
        (int)SN_MIN(word.n, 60u), word.p);
  return with;
}

From *snPivotSource(Parse *p, Select *s, const char *alias) {
  From *f = s && !p->rc ? snArenaZero(p->arena, sizeof *f) : NULL;
  if (!f) {
    if (!p->rc) p->rc = SN_NOMEM;
    return NULL;
  }
  f->select = s;
  f->alias = alias;
  return f;
}

#undef PIVOT_COLUMNS
