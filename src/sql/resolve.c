/*
** resolve: names become columns, every expression gets a type, casts are put
** where types differ.  Resolving a resolved tree changes nothing.
*/
#include "sql/plan.h"

#define RESOLVE_SHARED (1u << 20) /* nodes that aliases bring again */
#define RESOLVE_BETWEENS 10u

/* ---- types -------------------------------------------------------------- */

bool snResolveConst(const Expr *e) {
  switch (e->kind) {
  case EX_NULL: case EX_INT: case EX_REAL: case EX_STR: case EX_BLOB:
  case EX_BOOL: case EX_INTERVAL: case EX_PARAM: case EX_NOW:
    return true;
  case EX_CAST: return snResolveConst(e->left);
  default: return false;
  }
}

u8 snResolveUnify(u8 a, u8 b) {
  if (a == b || b == TYPE_NULL) return a;
  if (a == TYPE_NULL) return b;
  if (snTypeIsString(a) && snTypeIsString(b)) return TYPE_TEXT;
  if (snTypeIsNumber(a) && snTypeIsNumber(b)) return TYPE_REAL;
  if (a == TYPE_BOOLEAN && snTypeIsNumber(b)) return b;
  if (b == TYPE_BOOLEAN && snTypeIsNumber(a)) return a;
  if (a == TYPE_DATE && b == TYPE_TIMESTAMP) return b;
  if (b == TYPE_DATE && a == TYPE_TIMESTAMP) return a;
  return TYPE_TEXT;
}

/* A literal that cannot be what it is compared with is a mistake worth an
** error; values of rows become NULL instead. */
static int resolveLiteral(Compile *c, const Expr *e, u8 type) {
  char name[24];
  i64 i;
  double d;
  bool ok = true;
  Buf b;
  if (e->kind != EX_STR) return SEINE_OK;
  snBufInit(&b, c->arena->budget);
  switch (type) {
  case TYPE_INTEGER: ok = snNumReal(e->text, e->len, &d); break;
  case TYPE_REAL: ok = snNumReal(e->text, e->len, &d); break;
  case TYPE_TIMESTAMP:
    ok = snTimeParse(e->text, e->len, &i) || snDateParse(e->text, e->len, &i);
    break;
  case TYPE_DATE:
    ok = snDateParse(e->text, e->len, &i) || snTimeParse(e->text, e->len, &i);
    break;
  case TYPE_IP: ok = snTypeParseStr(type, e->text, e->len, &b); break;
  case TYPE_BOOLEAN:
    ok = snTypeParseInt(type, e->text, e->len, &i) ||
        (snNumReal(e->text, e->len, &d) && !isnan(d));
    break;
  default: break;
  }
  snBufClear(&b);
  if (ok) return SEINE_OK;
  return snParseError(c->p, e->at, "'%.40s' is no %s", e->text,
      snTypeName(type, name));
}

int snResolveCast(Compile *c, Expr **at, u8 type) {
  if (snCompileTurn(c)) return c->p->rc;
  Expr *e = *at;
  if (e->type == type) return SEINE_OK;
  if (e->kind == EX_NULL) {
    e->type = type;
    return SEINE_OK;
  }
  int rc = resolveLiteral(c, e, type);
  if (rc) return rc;
  Expr *x = snAstNode(c->p, EX_CAST, e, NULL);
  if (!x) return c->p->rc;
  x->type = type;
  if (snTypeIsString(type)) x->collate = e->collate;
  *at = x;
  return c->p->rc;
}

int snResolveBool(Compile *c, Expr **e) {
  if ((*e)->type == TYPE_BOOLEAN) return SEINE_OK;
  if ((*e)->type == TYPE_NULL || snTypeIsNumber((*e)->type) ||
      (*e)->kind == EX_PARAM)
    return snResolveCast(c, e, TYPE_BOOLEAN);
  return snParseError(c->p, (*e)->at,
      "a condition is needed here, not a value: compare it with something");
}

/* The INTEGER that a REAL literal is, in a node of its own: others may share
** the literal. */
static Expr *resolveWhole(Compile *c, const Expr *lit, i64 i) {
  Expr *x = snAstInt(c->p, lit->at, i);
  if (x) x->type = TYPE_INTEGER;
  return x;
}

static bool resolveInside(double d) { return d >= -0x1p63 && d < 0x1p63; }

/* A text of digits that no INTEGER holds is the number that it spells. */
static int resolveDigits(Compile *c, Expr **at) {
  const Expr *lit = *at;
  double d;
  i64 i;
  Expr *x;
  if (lit->kind != EX_STR || snNumInt(lit->text, lit->len, &i) ||
      !snNumReal(lit->text, lit->len, &d) || isnan(d)) return SEINE_OK;
  if (d == -0x1p63 && !memchr(lit->text, '.', lit->len))
    d = nextafter(d, -INFINITY); /* it was rounded to the least INTEGER */
  x = snAstNew(c->p, EX_REAL, lit->at);
  if (!x) return c->p->rc;
  x->type = TYPE_REAL;
  x->d = d;
  *at = x;
  return SEINE_OK;
}

/* Numbers beside an INTEGER are compared as integers where a literal allows
** it: a double cannot tell integers beyond 2^53 apart, and zone maps answer.
** 2.5 has no integer for = and <>, but i < 2.5 is i < 3; and what lies beyond
** all integers is beyond the last one. */
static int resolveExact(Compile *c, Expr *e, Expr **at, bool right) {
  static const u8 turned[] = {CMP_EQ, CMP_NE, CMP_GT, CMP_GE, CMP_LT,
      CMP_LE};
  int rc = resolveDigits(c, at);
  const Expr *lit = *at;
  double d = lit->d, whole = floor(d);
  u8 op = right ? e->op : turned[e->op];
  i64 i;
  if (rc || lit->kind != EX_REAL) return rc;
  if (e->kind == EX_IS && (!resolveInside(d) || whole != d)) {
    e->kind = EX_BOOL;
    e->i = e->negate;
    e->left = e->right = NULL;
    return SEINE_OK;
  }
  if (!resolveInside(d)) {
    bool above = d > 0, less = op == CMP_LT || op == CMP_LE;
    bool all = op == CMP_NE || (op != CMP_EQ && less == above);
    i = above ? INT64_MAX : INT64_MIN;
    op = above ? (all ? CMP_LE : CMP_GT) : (all ? CMP_GE : CMP_LT);
    e->op = right ? op : turned[op];
  } else {
    if (whole != d) {
      if (op == CMP_EQ || op == CMP_NE) return SEINE_OK;
      if (op == CMP_LT || op == CMP_GE) whole += 1;
    }
    i = (i64)whole; /* with a fraction it is far below 2^63 */
  }
  *at = resolveWhole(c, lit, i);
  return *at ? SEINE_OK : c->p->rc;
}

/* Brings both sides of a comparison to one type. */
int snResolvePair(Compile *c, Expr **a, Expr **b) {
  u8 x = (*a)->type, y = (*b)->type, t;
  bool sx = snTypeIsString(x), sy = snTypeIsString(y);
  if (sx && !sy && y != TYPE_NULL && !(y & TYPE_ARRAY)) t = y;
  else if (sy && !sx && x != TYPE_NULL && !(x & TYPE_ARRAY)) t = x;
  else t = snResolveUnify(x, y);
  if (sx && sy) return SEINE_OK; /* strings compare as bytes */
  if (t == TYPE_NULL) t = TYPE_INTEGER;
  if (t == TYPE_INTERVAL)
    return snParseError(c->p, (*a)->at, "intervals cannot be compared");
  /* An integer column beside a text like '1.5' must not be cut. */
  if (t == TYPE_INTEGER && (sx || sy)) {
    const Expr *s = sx ? *a : *b;
    i64 i;
    if (s->kind != EX_STR || !snNumInt(s->text, s->len, &i)) t = TYPE_REAL;
  }
  int rc = snResolveCast(c, a, t);
  return rc ? rc : snResolveCast(c, b, t);
}

bool snResolveIsCollated(const Expr *e) {
  return e->collate > COLLATE_BINARY && snTypeIsString(e->type);
}

int snResolveCollated(Compile *c, Expr **e, u8 collate) {
  *e = snAstCollated(c->p, collate, *e);
  return *e ? snResolve(c, NULL, e, 0) : c->p->rc;
}

/* The left side says how texts are compared, if it is a column, else the
** right one. */
static int resolveByColumn(Compile *c, Expr *e) {
  Expr *a = e->left, *b = e->right;
  u8 by = a->collate ? a->collate : b->collate;
  if (by <= COLLATE_BINARY || !snTypeIsString(a->type) ||
      !snTypeIsString(b->type)) return SEINE_OK;
  int rc = snResolveCollated(c, &e->left, by);
  return rc ? rc : snResolveCollated(c, &e->right, by);
}

static int resolveCompare(Compile *c, Expr *e) {
  int rc = resolveByColumn(c, e);
  if (rc) return rc;
  if (e->left->type == TYPE_INTEGER)
    rc = resolveExact(c, e, &e->right, true);
  else if (e->right->type == TYPE_INTEGER)
    rc = resolveExact(c, e, &e->left, false);
  if (rc || e->kind == EX_BOOL) return rc;
  return snResolvePair(c, &e->left, &e->right);
}

/* ---- sources ------------------------------------------------------------ */

u32 snPlanColumns(const Source *s) {
  return s->table ? s->table->ncol : s->sub->nout;
}

const char *snPlanColumnName(const Source *s, u32 col) {
  return s->table ? s->table->col[col].name : s->sub->out[col].name;
}

const char *snPlanColumnTable(const Source *s, u32 col) {
  return s->nested && col != ROWID_COLUMN ? s->sub->out[col].table : s->alias;
}

bool snPlanIsTable(const Source *s, u32 col, const char *table) {
  const char *own = snPlanColumnTable(s, col);
  return own && snAsciiEq(own, strlen(own), table, strlen(table));
}

u8 snPlanColumnType(const Source *s, u32 col) {
  if (col == ROWID_COLUMN) return TYPE_INTEGER;
  return s->table ? s->table->col[col].type : s->sub->out[col].e->type;
}

u8 snPlanColumnCollate(const Source *s, u32 col) {
  if (col == ROWID_COLUMN) return COLLATE_BINARY;
  u8 k = s->table ? s->table->col[col].collate : s->sub->out[col].e->collate;
  return k ? k : COLLATE_BINARY;
}

Expr *snPlanColumnNew(Compile *c, const Plan *p, u32 src, i64 col, u32 at) {
  bool hide;
  if (snGuardRead(c, p->src + src, col, at, &hide)) return NULL;
  Expr *e = snAstNew(c->p, hide ? EX_NULL : EX_COLUMN, at);
  if (!e) return NULL;
  e->src = src;
  e->i = col;
  e->type = snPlanColumnType(p->src + src, (u32)col);
  e->collate = snPlanColumnCollate(p->src + src, (u32)col);
  return e;
}

int snPlanColumn(const Source *s, const char *name, size_t n) {
  if (s->table) return snTableColumn(s->table, name, n);
  for (u32 i = 0; i < s->sub->nout; i++)
    if (snAsciiEq(s->sub->out[i].name, strlen(s->sub->out[i].name), name, n))
      return (int)i;
  return -1;
}

/* The column of a source that a name means, or -1; *twice: it has two. */
static i64 resolveAmong(const Source *s, const Expr *e, bool *twice) {
  const char *q = e->left ? e->left->text : NULL;
  if (q && !s->nested && !snPlanIsTable(s, 0, q)) return -1;
  if (!s->nested) {
    i64 col = snPlanColumn(s, e->text, strlen(e->text));
    return col < 0 && s->table && snAstIsRowid(e->text) ? ROWID_COLUMN : col;
  }
  i64 found = -1;
  for (u32 i = 0; i < s->sub->nout; i++) {
    const char *name = s->sub->out[i].name;
    if ((q && !snPlanIsTable(s, i, q)) ||
        !snAsciiEq(name, strlen(name), e->text, strlen(e->text)))
      continue;
    *twice |= found >= 0;
    found = i;
  }
  return found;
}

/* Finds a column; *out = 0 when there is none.  An ambiguous one is an
** error. */
static int resolveFind(Compile *c, Plan *p, const Expr *e, Expr **out) {
  u32 at = 0;
  bool twice = false;
  *out = NULL;
  for (u32 s = 0; p && s < p->nsrc; s++) {
    const Source *src = p->src + s;
    if (src->hidden || (src->named && !e->left)) continue;
    i64 col = resolveAmong(src, e, &twice);
    if (col < 0) continue;
    /* The right side of USING: its column was found already. */
    if (*out && !e->left && snPlanIsUsing(src, e->text)) continue;
    twice |= *out != NULL;
    at = s;
    *out = snPlanColumnNew(c, p, s, col, e->at);
    if (!*out) return c->p->rc;
  }
  if (twice)
    return snParseError(c->p, e->at, "column %s is ambiguous: it stands in "
        "several tables, write table.%s", e->text, e->text);
  return *out && !e->left ? snPlanMerged(c, p, at, p->nsrc, e->text, out)
                          : SEINE_OK;
}

/* "location.lat" written without quotes parses as table.column. */
static int resolveDotted(Compile *c, Plan *p, const Expr *e, Expr **out) {
  size_t n = strlen(e->left->text) + strlen(e->text) + 2;
  char *name = snArenaAlloc(c->arena, n);
  if (!name) return SN_NOMEM;
  snprintf(name, n, "%s.%s", e->left->text, e->text);
  Expr plain = *e;
  plain.left = NULL;
  plain.text = name;
  return resolveFind(c, p, &plain, out);
}

/* In WHERE the select list is not resolved yet: the column of that alias is
** resolved now, and it may stand on others. */
static int resolveEarly(Compile *c, Plan *p, const Expr *e, Expr **out) {
  ExprList *l = p && p->s ? p->s->cols : NULL;
  for (u32 i = 0; !p->nout && l && i < l->n; i++) {
    ExprItem *it = l->v + i;
    if (!it->alias || it->busy ||
        !snAsciiEq(it->alias, strlen(it->alias), e->text, e->len))
      continue;
    it->busy = true;
    int rc = snResolve(c, p, &it->e, RES_ALIAS);
    it->busy = false;
    p->early = true;
    *out = it->e;
    return rc;
  }
  return SEINE_OK;
}

static Expr *resolveAlias(Plan *p, const Expr *e) {
  if (e->left) return NULL;
  for (u32 i = 0; p && i < p->nout; i++)
    if (p->out[i].name &&
        snAsciiEq(p->out[i].name, strlen(p->out[i].name), e->text, e->len))
      return p->out[i].e;
  return NULL;
}

int snResolveOutside(Compile *c, Plan *p, Expr *value, Expr **out) {
  Expr *x = *out = snAstNode(c->p, EX_OUTER, value, NULL);
  if (!x) return c->p->rc;
  x->type = value->type;
  x->collate = value->collate;
  return snPlanHas(&p->corr, x) ? SEINE_OK : snPlanAdd(c, &p->corr, x);
}

/* A column of a select around this one. */
static int resolveOuter(Compile *c, Plan *p, const Expr *e, Expr **out) {
  Plan *o = p ? p->outer : NULL;
  *out = NULL;
  if (!o) return SEINE_OK;
  int rc = resolveFind(c, o, e, out);
  if (!rc && !*out && e->left) rc = resolveDotted(c, o, e, out);
  if (!rc && !*out) rc = resolveOuter(c, o, e, out);
  return rc || !*out ? rc : snResolveOutside(c, p, *out, out);
}

static int resolveUnknown(Compile *c, Plan *p, const Expr *e) {
  Nearest n;
  snNearestInit(&n, e->text);
  for (u32 s = 0; p && s < p->nsrc; s++) {
    const Source *src = p->src + s;
    for (u32 i = 0; i < snPlanColumns(src); i++)
      snNearestAdd(&n, snPlanColumnName(src, i));
  }
  for (u32 i = 0; p && i < p->nout; i++)
    if (p->out[i].name) snNearestAdd(&n, p->out[i].name);
  snNearestHint(&n, c->err);
  return snParseError(c->p, e->at, "no such column: %s%s%s",
      e->left ? e->left->text : "", e->left ? "." : "", e->text);
}

static int resolveNow(Compile *c, Expr **at) {
  static const char *const names[] = {"current_timestamp", "current_date",
      "current_time", "now"};
  Expr *e = *at;
  if (e->left) return 0;
  for (u32 i = 0; i < SN_COUNT(names); i++) {
    if (!snAsciiEq(e->text, e->len, names[i], strlen(names[i]))) continue;
    e->kind = EX_NOW;
    e->type = TYPE_TIMESTAMP;
    return i == 1 ? snResolveCast(c, at, TYPE_DATE) : SEINE_OK;
  }
  return SEINE_OK;
}

static int resolveName(Compile *c, Plan *p, Expr **at, u32 flags) {
  Expr *e = *at, *found = snFoldName(c, p, e);
  int rc = SEINE_OK;
  if (!found && (flags & RES_ALIAS_FIRST)) found = resolveAlias(p, e);
  if (!found) rc = resolveFind(c, p, e, &found);
  if (!rc && !found && e->left) rc = resolveDotted(c, p, e, &found);
  if (!rc && !found && (flags & RES_ALIAS)) found = resolveAlias(p, e);
  if (!rc && !found && (flags & RES_ALIAS) && p && !e->left)
    rc = resolveEarly(c, p, e, &found);
  if (!rc && !found) rc = snFoldOutside(c, p, e);
  if (!rc && !found) rc = resolveOuter(c, p, e, &found);
  if (rc) return rc;
  if (!found) {
    rc = resolveNow(c, at);
    if (rc || (*at)->kind != EX_NAME) return rc;
    return resolveUnknown(c, p, e);
  }
  *at = found;
  c->aliases++;
  rc = snResolve(c, p, at, flags & ~(RES_ALIAS | RES_ALIAS_FIRST));
  c->aliases--;
  return rc;
}

/* ---- operators ---------------------------------------------------------- */

/* w * n and n * w */
static int resolveInterval(Compile *c, Expr **at) {
  Expr *e = *at;
  bool first = e->left->type == TYPE_INTERVAL;
  Expr *w = first ? e->left : e->right, *n = first ? e->right : e->left;
  Token t = {"interval_times", 14, e->at};
  if (e->op != AR_MUL || (!snTypeIsNumber(n->type) &&
      !snTypeIsString(n->type) && n->type != TYPE_NULL))
    return snParseError(c->p, e->at, "an interval is added to a time, or "
        "multiplied by a number");
  *at = snAstCall(c->p, t, snAstPair(c->p, w, n));
  return *at ? snResolveCall(c, NULL, at, 0) : c->p->rc;
}

/* TIMESTAMP and DATE with intervals and with each other. */
static int resolveTimes(Compile *c, Expr **at, bool *done) {
  Expr *e = *at, *a = e->left, *b = e->right;
  bool ta = a->type == TYPE_TIMESTAMP || a->type == TYPE_DATE;
  bool tb = b->type == TYPE_TIMESTAMP || b->type == TYPE_DATE;
  *done = false;
  if (!ta && !tb) return SEINE_OK;
  const char *name = NULL;
  if (ta && b->type == TYPE_INTERVAL)
    name = e->op == AR_ADD ? "date_add" : "date_sub";
  if (name && (e->op == AR_ADD || e->op == AR_SUB)) {
    Token t = {name, 8, e->at};
    ExprList *l = snAstPair(c->p, a, b);
    *done = true;
    *at = snAstCall(c->p, t, l);
    return *at ? snResolveCall(c, NULL, at, 0) : c->p->rc;
  }
  /* Otherwise they are numbers: days, or microseconds. */
  bool both = ta && tb;
  if (both && a->type != b->type) {
    int rc = snResolveCast(c, &e->left, TYPE_TIMESTAMP);
    if (!rc) rc = snResolveCast(c, &e->right, TYPE_TIMESTAMP);
    if (rc) return rc;
  }
  *done = true;
  e->type = both ? TYPE_INTEGER : ta ? a->type : b->type;
  if (!both && (e->op > AR_SUB || !snTypeIsNumber(ta ? b->type : a->type)))
    return snParseError(c->p, e->at, "times are added to with intervals: "
        "ts + INTERVAL '1 day'");
  return SEINE_OK;
}

static int resolveArith(Compile *c, Expr **at) {
  bool done;
  Expr *e = *at;
  int rc = resolveTimes(c, at, &done);
  if (rc || done) return rc;
  if (e->left->type == TYPE_INTERVAL || e->right->type == TYPE_INTERVAL)
    return resolveInterval(c, at);
  Expr **side[2] = {&e->left, &e->right};
  u8 t = TYPE_INTEGER;
  bool bits = e->op > AR_MOD;
  for (u32 k = 0; k < 2; k++) {
    Expr *x = *side[k];
    if (bits && (snTypeIsNumber(x->type) || snTypeIsString(x->type))) continue;
    if (x->type == TYPE_REAL || snTypeIsString(x->type)) t = TYPE_REAL;
    else if (x->type != TYPE_INTEGER && x->type != TYPE_NULL &&
             x->type != TYPE_BOOLEAN) {
      char name[24];
      return snParseError(c->p, x->at, "cannot calculate with a %s",
          snTypeName(x->type, name));
    }
  }
  rc = snResolveCast(c, &e->left, t);
  if (!rc) rc = snResolveCast(c, &e->right, t);
  e->type = t;
  return rc;
}

/* A negative literal takes the node's place: the tree may be shared, and what
** is resolved twice must not be negated twice. */
static int resolveNeg(Compile *c, Expr **at) {
  Expr *e = *at;
  const Expr *a = e->left;
  char name[24];
  bool is_int = a->kind == EX_INT && a->i != INT64_MIN;
  if (is_int || a->kind == EX_REAL) {
    e->kind = a->kind;
    e->type = a->type;
    e->left = NULL;
    if (is_int) e->i = -a->i;
    e->d = -a->d;
    if (!is_int && a->i == INT64_MIN) { /* the one too large as positive */
      e->kind = EX_INT;
      e->type = TYPE_INTEGER;
      e->i = INT64_MIN;
    }
    return SEINE_OK;
  }
  if (a->type == TYPE_INTERVAL) {
    *at = snAstOp(c->p, EX_ARITH, AR_MUL, e->left, snAstInt(c->p, e->at, -1));
    return *at ? snResolve(c, NULL, at, 0) : c->p->rc;
  }
  if (snTypeForm(a->type) == FORM_INT && !snTypeIsNumber(a->type) &&
      a->type != TYPE_BOOLEAN && a->type != TYPE_NULL)
    return snParseError(c->p, e->at, "a %s has no negative",
        snTypeName(a->type, name));
  if (!snTypeIsNumber(a->type)) {
    int rc = snResolveCast(c, &e->left,
        a->type == TYPE_BOOLEAN || a->type == TYPE_NULL ? TYPE_INTEGER
                                                         : TYPE_REAL);
    if (rc) return rc;
  }
  e->type = e->left->type;
  return SEINE_OK;
}

/* x IN (a, b) with others than constants: x = a OR x = b. */
static int resolveInOr(Compile *c, Expr **at) {
  Expr *e = *at, *any = NULL;
  if (e->list->n > 200)
    return snParseError(c->p, e->at, "IN takes at most 200 expressions that "
        "are no constants");
  for (u32 i = 0; i < e->list->n; i++) {
    Expr *eq = snAstOp(c->p, EX_COMPARE, CMP_EQ, e->left, e->list->v[i].e);
    int rc = eq ? resolveCompare(c, eq) : c->p->rc;
    if (rc) return rc;
    eq->type = TYPE_BOOLEAN;
    any = any ? snAstNode(c->p, EX_OR, any, eq) : eq;
    if (!any) return c->p->rc;
    any->type = TYPE_BOOLEAN;
  }
  if (e->negate) any = snAstNode(c->p, EX_NOT, any, NULL);
  if (!any) return c->p->rc;
  any->type = TYPE_BOOLEAN;
  *at = any;
  return SEINE_OK;
}

/* REAL members of a list beside an INTEGER become the integers that they are.
** One that is none is never met: another member takes its place, or a half. */
static int resolveInExact(Compile *c, ExprList *l) {
  Expr *some = NULL;
  for (u32 i = 0; i < l->n; i++) {
    Expr **x = &l->v[i].e;
    bool is_real = (*x)->kind == EX_REAL;
    if (is_real && resolveInside((*x)->d) && floor((*x)->d) == (*x)->d) {
      *x = resolveWhole(c, *x, (i64)(*x)->d);
      if (!*x) return c->p->rc;
    }
    if ((*x)->kind == EX_INT) some = *x;
  }
  for (u32 i = 0; i < l->n; i++) {
    const Expr *lit = l->v[i].e;
    if (lit->kind != EX_REAL) continue;
    l->v[i].e = some ? some : snAstNew(c->p, EX_REAL, lit->at);
    if (!l->v[i].e) return c->p->rc;
    if (some) continue;
    l->v[i].e->type = TYPE_REAL;
    l->v[i].e->d = 0.5;
  }
  return SEINE_OK;
}

/* x IN (a, b): x alone says how texts are compared. */
static int resolveInCollated(Compile *c, Expr *e) {
  u8 by = e->left->collate;
  if (!snResolveIsCollated(e->left)) return SEINE_OK;
  int rc = snResolveCollated(c, &e->left, by);
  for (u32 i = 0; !rc && i < e->list->n; i++)
    if (snTypeIsString(e->list->v[i].e->type))
      rc = snResolveCollated(c, &e->list->v[i].e, by);
  return rc;
}

static int resolveIn(Compile *c, Expr **at) {
  Expr *e = *at;
  u8 t = e->left->type;
  e->type = TYPE_BOOLEAN;
  if (!e->list || !e->list->n) { /* nothing is in it, NULL neither */
    e->kind = EX_BOOL;
    e->i = e->negate;
    e->left = NULL;
    return SEINE_OK;
  }
  if (t == TYPE_INTEGER && resolveInExact(c, e->list))
    return c->p->rc;
  if (resolveInCollated(c, e)) return c->p->rc;
  for (u32 i = 0; i < e->list->n; i++) {
    Expr *x = e->list->v[i].e;
    if (!snResolveConst(x)) return resolveInOr(c, at);
    if (snTypeIsString(x->type) && !snTypeIsString(t) && t != TYPE_NULL)
      continue;
    if (!(snTypeIsString(t) && snTypeIsString(x->type)))
      t = snResolveUnify(t, x->type);
  }
  if (t == TYPE_NULL) t = TYPE_INTEGER;
  int rc = snTypeIsString(t) && snTypeIsString(e->left->type)
      ? SEINE_OK : snResolveCast(c, &e->left, t);
  for (u32 i = 0; !rc && i < e->list->n; i++)
    rc = snResolveCast(c, &e->list->v[i].e, t);
  return rc;
}

static int resolveCase(Compile *c, Expr *e) {
  u8 t = e->right ? e->right->type : TYPE_NULL;
  int rc = SEINE_OK;
  for (u32 i = 0; i < e->list->n; i += 2) {
    Expr **when = &e->list->v[i].e;
    if (e->left) { /* CASE x WHEN v: x = v */
      Expr *eq = snAstOp(c->p, EX_COMPARE, CMP_EQ, e->left, *when);
      if (!eq) return c->p->rc;
      eq->type = TYPE_BOOLEAN;
      rc = resolveCompare(c, eq);
      *when = eq;
    }
    if (!rc) rc = snResolveBool(c, when);
    if (rc) return rc;
    t = snResolveUnify(t, e->list->v[i + 1].e->type);
  }
  e->left = NULL;
  if (t == TYPE_NULL) t = TYPE_TEXT;
  for (u32 i = 1; !rc && i < e->list->n; i += 2)
    rc = snResolveCast(c, &e->list->v[i].e, t);
  if (!rc && e->right) rc = snResolveCast(c, &e->right, t);
  e->type = t;
  return rc;
}

static int resolveBetween(Compile *c, Expr **at) {
  Expr *e = *at;
  Expr *lo = snAstOp(c->p, EX_COMPARE, CMP_GE, e->left, e->right);
  Expr *hi = snAstOp(c->p, EX_COMPARE, CMP_LE, e->left, e->third);
  Expr *both = snAstNode(c->p, EX_AND, lo, hi);
  if (!both) return c->p->rc;
  lo->type = hi->type = both->type = TYPE_BOOLEAN;
  int rc = resolveCompare(c, lo);
  if (!rc) rc = resolveCompare(c, hi);
  *at = both;
  if (rc || !e->negate) return rc;
  *at = snAstNode(c->p, EX_NOT, both, NULL);
  if (*at) (*at)->type = TYPE_BOOLEAN;
  return c->p->rc;
}

static int resolveText(Compile *c, Expr **e) {
  return snTypeIsString((*e)->type) ? SEINE_OK
                                    : snResolveCast(c, e, TYPE_TEXT);
}

static int resolveNode(Compile *c, Plan *p, Expr **at, u32 flags) {
  Expr *e = *at;
  int rc = SEINE_OK;
  switch (e->kind) {
  case EX_NEG: return resolveNeg(c, at);
  case EX_ARITH: return resolveArith(c, at);
  case EX_BETWEEN: return resolveBetween(c, at);
  case EX_IN: return resolveIn(c, at);
  case EX_CASE: return resolveCase(c, e);
  case EX_CALL: return snResolveCall(c, p, at, flags);
  case EX_NOT: rc = snResolveBool(c, &e->left); break;
  case EX_AND:
  case EX_OR:
    rc = snResolveBool(c, &e->left);
    if (!rc) rc = snResolveBool(c, &e->right);
    break;
  case EX_COMPARE:
  case EX_IS: rc = resolveCompare(c, e); break;
  case EX_LIKE:
    rc = resolveText(c, &e->left);
    if (!rc) rc = resolveText(c, &e->right);
    break;
  case EX_CONCAT:
    rc = resolveText(c, &e->left);
    if (!rc) rc = resolveText(c, &e->right);
    e->type = TYPE_TEXT;
    return rc;
  case EX_ISNULL: break;
  default: return SEINE_OK;
  }
  e->type = TYPE_BOOLEAN;
  return rc;
}

static int resolveLeaf(Compile *c, Expr *e) {
  switch (e->kind) {
  case EX_INT: e->type = TYPE_INTEGER; break;
  case EX_REAL: e->type = TYPE_REAL; break;
  case EX_STR: e->type = TYPE_TEXT; break;
  case EX_BLOB: e->type = TYPE_BLOB; break;
  case EX_BOOL: e->type = TYPE_BOOLEAN; break;
  case EX_INTERVAL: e->type = TYPE_INTERVAL; break;
  case EX_PARAM:
    e->type = (u32)e->i < c->nparam_type ? c->param_type[e->i] : TYPE_NULL;
    if (e->type == TYPE_NULL) e->type = TYPE_TEXT;
    break;
  default: break;
  }
  return SEINE_OK;
}

/* (a, b) op (x, y), from the last value to the first: = and <> join by AND and
** OR; of the others the first difference decides: a < x OR a = x AND b < y. */
static int resolveRows(Compile *c, Plan *p, Expr **at, u32 flags) {
  Expr *e = *at, *all = NULL;
  const ExprList *l = e->left->list, *r = e->right->list;
  u8 op = e->op, strict = op == CMP_LE ? CMP_LT : op == CMP_GE ? CMP_GT : op;
  if (l->n != r->n)
    return snParseError(c->p, e->at, "%u values are compared with %u", l->n,
        r->n);
  for (u32 k = l->n; k-- > 0;) {
    Expr *a = l->v[k].e, *b = r->v[k].e;
    if (!all) {
      all = snAstOp(c->p, EX_COMPARE, op, a, b);
    } else if (op == CMP_EQ || op == CMP_NE) {
      all = snAstNode(c->p, op == CMP_EQ ? EX_AND : EX_OR,
          snAstOp(c->p, EX_COMPARE, op, a, b), all);
    } else {
      Expr *same = snAstOp(c->p, EX_COMPARE, CMP_EQ, a, b);
      all = snAstNode(c->p, EX_OR, snAstOp(c->p, EX_COMPARE, strict, a, b),
          snAstNode(c->p, EX_AND, same, all));
    }
    if (!all) return c->p->rc;
  }
  *at = all;
  return snResolve(c, p, at, flags);
}

/* Both sides of a comparison, as the one of them that says COLLATE wants. */
static void resolveCollate(Compile *c, Expr *e) {
  ExprList *l = e->kind == EX_IN ? e->list : NULL;
  Expr *each[] = {e->left, e->right, e->third};
  u8 by = COLLATE_NONE;
  for (u32 k = 0; !by && k < SN_COUNT(each); k++)
    if (each[k] && each[k]->kind == EX_COLLATE) by = each[k]->collate;
  for (u32 k = 0; !by && l && k < l->n; k++)
    if (l->v[k].e->kind == EX_COLLATE) by = l->v[k].e->collate;
  if (!by) return;
  if (e->left) e->left = snAstCollated(c->p, by, e->left);
  if (e->right) e->right = snAstCollated(c->p, by, e->right);
  if (e->third) e->third = snAstCollated(c->p, by, e->third);
  for (u32 k = 0; l && k < l->n; k++)
    l->v[k].e = snAstCollated(c->p, by, l->v[k].e);
}

/* A value that says how it is compared: a node of its own. */
static int resolveCollation(Compile *c, Plan *p, Expr **at, u32 flags) {
  u8 by = (*at)->collate;
  *at = (*at)->left;
  int rc = snResolve(c, p, at, flags);
  Expr *x = rc || !snTypeIsString((*at)->type)
      ? NULL : snAstNew(c->p, EX_NULL, (*at)->at);
  if (!x) return c->p->rc;
  *x = **at;
  x->collate = by;
  *at = x;
  return SEINE_OK;
}

int snResolveKey(Compile *c, Plan *p, Expr **e, u32 flags) {
  int rc = snResolve(c, p, e, flags);
  if (rc || !snResolveIsCollated(*e)) return rc;
  return snResolveCollated(c, e, (*e)->collate);
}

/* The value of BETWEEN stands twice in what it becomes: inside of one another
** they would double it at each level. */
static int resolveTwice(Compile *c, Plan *p, Expr *e, u32 flags) {
  if (++c->betweens > RESOLVE_BETWEENS)
    return snParseTooBig(c->p, e->at, "BETWEEN in the value of BETWEEN, more "
        "than %u deep: name the inner ones in a sub-select", RESOLVE_BETWEENS);
  int rc = snResolve(c, p, &e->left, flags);
  c->betweens--;
  return rc;
}

int snResolve(Compile *c, Plan *p, Expr **at, u32 flags) {
  Expr *e = *at;
  int rc = SEINE_OK;
  if (!e || snCompileTurn(c)) return c->p->rc;
  if (snStackLow()) return snParseDeep(c->p, e->at);
  if (c->aliases && ++c->shared > RESOLVE_SHARED)
    return snParseTooBig(c->p, e->at, "the expressions that aliases and "
        "coalesce() repeat have grown too large: name them in sub-selects");
  switch (e->kind) {
  case EX_COLUMN: case EX_SLOT: case EX_SCORE: case EX_WHY: case EX_HIT:
  case EX_MARK: case EX_FUNC: case EX_AGG: case EX_WINDOW: case EX_NOW:
  case EX_OUTER: case EX_LOOKUP: case EX_GROUPING: case EX_FOLD:
  case EX_ELEMENT:
    return SEINE_OK;
  case EX_SUBQUERY: return snPlanSub(c, p, at, flags);
  case EX_COLLATE: return resolveCollation(c, p, at, flags);
  case EX_NAME: return resolveName(c, p, at, flags);
  case EX_MATCH: return snResolveSearch(c, p, at);
  case EX_STAR:
    return snParseError(c->p, e->at, "* cannot stand here");
  case EX_LAMBDA:
    return snParseError(c->p, e->at, "a lambda is an argument of "
        "list_transform(), list_filter(), list_reduce() and their like");
  case EX_ROW:
    return snParseError(c->p, e->at, "values in parentheses can only be "
        "compared with as many others");
  case EX_COMPARE:
    if (e->left->kind == EX_ROW && e->right->kind == EX_ROW)
      return resolveRows(c, p, at, flags);
    resolveCollate(c, e);
    break;
  case EX_IS: case EX_IN: case EX_BETWEEN: resolveCollate(c, e); break;
  default: break;
  }
  if (e->kind == EX_CALL) return snResolveCall(c, p, at, flags);
  if (e->kind == EX_CAST) {
    u8 type = e->type;
    rc = snResolve(c, p, &e->left, flags);
    if (!rc && snTypeIsString(type)) e->collate = e->left->collate;
    if (!rc && e->left->kind == EX_NULL) e->left->type = type;
    else if (!rc && e->left->type == type) *at = e->left;
    return rc;
  }
  rc = e->kind == EX_BETWEEN ? resolveTwice(c, p, e, flags)
                             : snResolve(c, p, &e->left, flags);
  if (!rc) rc = snResolve(c, p, &e->right, flags);
  if (!rc) rc = snResolve(c, p, &e->third, flags);
  for (u32 i = 0; !rc && e->list && i < e->list->n; i++)
    rc = snResolve(c, p, &e->list->v[i].e, flags);
  if (!rc) rc = resolveLeaf(c, e);
  if (!rc) rc = resolveNode(c, p, at, flags);
  return rc ? rc : c->p->rc;
}

int snResolveTable(Compile *c, Token name, TableState **out) {
  const char *s = snAstText(c->p, name);
  int rc = c->p->rc ? c->p->rc
                    : snSessionFind(c->session, s, strlen(s), out);
  if (rc || *out) return rc;
  const CatalogObject *o;
  if (snSessionObjectFind(c->session, OBJECT_VIEW, s, strlen(s)))
    return snParseError(c->p, name.at, "%s is a view: this needs a table, "
        "and rows are changed in the tables that it stands on", s);
  Nearest n;
  snNearestInit(&n, s);
  for (u32 k = 0; k < snSessionTables(c->session); k++) {
    const char *t;
    rc = snSessionTableName(c->session, k, &t);
    if (rc) return rc;
    snNearestAdd(&n, t);
  }
  for (u32 k = 0; (o = snSessionObject(c->session, k)); k++)
    if (o->kind == OBJECT_VIEW) snNearestAdd(&n, o->name);
  snNearestHint(&n, c->err);
  return snParseError(c->p, name.at, "no such table: %s", s);
}

#undef RESOLVE_SHARED
#undef RESOLVE_BETWEENS
