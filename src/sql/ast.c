/*
** ast: nodes of the tree.  Every maker takes what the parser has, NULL after
** an error included, and gives NULL when memory is gone (p->rc is set).
*/
#include "sql/sqlInt.h"

static int astError(Parse *p, int rc, u32 at, const char *fmt, va_list ap) {
  if (p->rc) return p->rc;
  vsnprintf(p->err->message, sizeof p->err->message, fmt, ap);
  snUtf8Whole(p->err->message);
  p->err->offset = (i32)at;
  return p->rc = rc;
}

int snParseError(Parse *p, u32 at, const char *fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  int rc = astError(p, SEINE_ERROR, at, fmt, ap);
  va_end(ap);
  return rc;
}

int snParseTooBig(Parse *p, u32 at, const char *fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  int rc = astError(p, SEINE_TOOBIG, at, fmt, ap);
  va_end(ap);
  return rc;
}

void snParseLong(Parse *p) {
  (void)snParseTooBig(p, p->most, "the statement is longer than %u bytes: %s",
      p->most, snLimitSay(p->arena->budget, SEINE_LIMIT_SQL_LENGTH));
}

int snParseDeep(Parse *p, u32 at) {
  return snParseTooBig(p, at, "nested too deeply for the stack of this "
      "thread: a thread with a larger one can run it");
}

int snParseSelects(Parse *p, u32 at) {
  return snParseTooBig(p, at, "selects are nested more than %u deep",
      SQL_SELECTS);
}

int snParseSources(Parse *p, u32 at) {
  return snParseError(p, at, "more than %u tables in a FROM: join some of "
      "them in a sub-query", SQL_SOURCES);
}

/* ---- did you mean ------------------------------------------------------- */

void snNearestInit(Nearest *n, const char *want) {
  n->want = want;
  n->best[0] = 0;
  n->distance = (u32)strlen(want) / 3 + 1;
}

void snNearestAdd(Nearest *n, const char *name) {
  if (strlen(n->want) > 64 || strlen(name) >= sizeof n->best) return;
  u32 d = snAsciiDistance(n->want, name);
  if (d > n->distance || (n->best[0] && d == n->distance)) return;
  n->distance = d;
  snprintf(n->best, sizeof n->best, "%s", name);
}

void snNearestHint(const Nearest *n, SqlError *err) {
  if (n->best[0])
    snprintf(err->hint, sizeof err->hint, "did you mean: %s?", n->best);
}

/* ---- nodes -------------------------------------------------------------- */

Expr *snAstNew(Parse *p, ExprKind k, u32 at) {
  Expr *e = p->rc ? NULL : snArenaZero(p->arena, sizeof *e);
  if (!e) {
    if (!p->rc) p->rc = SN_NOMEM;
    return NULL;
  }
  e->kind = (u8)k;
  e->at = at;
  e->depth = 1;
  return e;
}

static void astDepth(Parse *p, Expr *e, const Expr *kid) {
  if (!kid || kid->depth < e->depth) return;
  const Budget *b = p->arena->budget;
  i64 most = snLimit(b, SEINE_LIMIT_EXPR_DEPTH);
  e->depth = (u16)(kid->depth + 1);
  if (e->depth <= most) return;
  (void)snParseTooBig(p, e->at, "an expression is nested more than %lld deep: "
      "%s", (long long)most, snLimitSay(b, SEINE_LIMIT_EXPR_DEPTH));
}

Expr *snAstNode(Parse *p, ExprKind k, Expr *a, Expr *b) {
  Expr *e = snAstNew(p, k, a ? a->at : b ? b->at : 0);
  if (!e) return NULL;
  e->left = a;
  e->right = b;
  astDepth(p, e, a);
  astDepth(p, e, b);
  return e;
}

Expr *snAstOp(Parse *p, ExprKind k, int op, Expr *a, Expr *b) {
  Expr *e = snAstNode(p, k, a, b);
  if (e) e->op = (u8)op;
  return e;
}

const char *snAstText(Parse *p, Token t) {
  char q = t.n ? t.p[0] : 0;
  bool quoted = t.n >= 2 && (q == '\'' || q == '"' || q == '`');
  char *s = snArenaAlloc(p->arena, t.n + 1);
  u32 n = 0;
  if (!s) {
    p->rc = SN_NOMEM;
    return "";
  }
  for (u32 i = quoted; i < t.n - quoted; i++) {
    s[n++] = t.p[i];
    if (quoted && t.p[i] == q) i++;
  }
  s[n] = 0;
  return s;
}

Expr *snAstName(Parse *p, Token t) {
  Expr *e = snAstNew(p, EX_NAME, t.at);
  if (!e) return NULL;
  e->text = snAstText(p, t);
  e->len = (u32)strlen(e->text);
  return e;
}

Expr *snAstString(Parse *p, Token t) {
  Expr *e = snAstName(p, t);
  if (e) {
    e->kind = EX_STR;
    u32 doubled = 0;
    for (u32 i = 1; i + 1 < t.n; i++)
      if (t.p[i] == '\'') doubled++;
    e->len = t.n - 2 - doubled / 2; /* the text may hold 0 bytes */
  }
  return e;
}

Expr *snAstInt(Parse *p, u32 at, i64 i) {
  Expr *e = snAstNew(p, EX_INT, at);
  if (e) e->i = i;
  return e;
}

Expr *snAstBool(Parse *p, u32 at, bool yes) {
  Expr *e = snAstNew(p, EX_BOOL, at);
  if (e) e->i = yes;
  return e;
}

Expr *snAstNotNull(Parse *p, Expr *x) {
  Expr *e = snAstNode(p, EX_ISNULL, x, NULL);
  if (e) e->negate = true;
  return e;
}

Expr *snAstWhen(Parse *p, Expr *cond, Expr *yes, Expr *no) {
  Expr *e = snAstNode(p, EX_CASE, NULL, no);
  if (!e) return NULL;
  e->list = snAstPair(p, cond, yes);
  if (cond) e->at = cond->at;
  return e;
}

/* 2^63 is REAL, but with a minus before it an INTEGER: such a one has i set. */
Expr *snAstNumber(Parse *p, Token t) {
  Expr *e = snAstNew(p, EX_INT, t.at);
  char *s = e ? snArenaAlloc(p->arena, t.n + 2ull) : NULL, *digits;
  u32 n = 0, zeros = 2;
  if (!s) {
    if (e) p->rc = SN_NOMEM;
    return e;
  }
  digits = s + 1;
  for (u32 i = 0; i < t.n; i++)
    if (t.p[i] != '_') digits[n++] = t.p[i];
  s[0] = '-';
  digits[n] = 0;
  if (n > 2 && (digits[1] == 'x' || digits[1] == 'X')) {
    u64 v = 0;
    while (zeros < n && digits[zeros] == '0') zeros++;
    for (u32 i = zeros; i < n; i++)
      v = v << 4 | (u64)(digits[i] <= '9' ? digits[i] - '0'
                                          : (digits[i] | 32) - 'a' + 10);
    e->i = (i64)v;
    if (n - zeros > 16)
      (void)snParseError(p, t.at, "hexadecimal number too large");
  } else if (!snNumInt(digits, n, &e->i)) {
    e->kind = EX_REAL;
    (void)snNumInt(s, n + 1, &e->i);
    if (!snNumReal(digits, n, &e->d))
      (void)snParseError(p, t.at, "not a number");
  }
  return e;
}

Expr *snAstBlob(Parse *p, Token t) {
  Expr *e = snAstNew(p, EX_BLOB, t.at);
  u32 n = (t.n - 3) / 2;
  char *s = e ? snArenaAlloc(p->arena, n + 1) : NULL;
  if (!e) return NULL;
  if (!s || (t.n - 3) % 2) {
    if (s) (void)snParseError(p, t.at, "a blob has two digits a byte");
    else p->rc = SN_NOMEM;
    return e;
  }
  for (u32 i = 0; i < n; i++) {
    u32 v = 0;
    for (u32 k = 0; k < 2; k++) {
      char c = t.p[2 + 2 * i + k];
      v = v << 4 | (u32)(c <= '9' ? c - '0' : (c | 32) - 'a' + 10);
    }
    s[i] = (char)v;
  }
  e->text = s;
  e->len = n;
  return e;
}

/* ? takes the next number, ?NNN that one, a name the number of its first
** sight. */
Expr *snAstParam(Parse *p, Token t) {
  Expr *e = snAstNew(p, EX_PARAM, t.at);
  i64 n = p->nparam + 1;
  const char *name = NULL;
  if (!e) return NULL;
  if (t.p[0] == '?' && t.n > 1) {
    name = snAstText(p, t);
    if (!snNumInt(t.p + 1, t.n - 1, &n) || n < 1) n = INT64_MAX;
  } else if (t.p[0] != '?') {
    name = snAstText(p, t);
    for (u32 i = 0; i < p->nparam; i++)
      if (p->param[i] && !strcmp(p->param[i], name)) n = (i64)i + 1;
  }
  const Budget *b = p->arena->budget;
  if (n > snLimit(b, SEINE_LIMIT_PARAMETERS))
    (void)snParseError(p, t.at, "parameters are numbered from 1 to %lld: %s",
        (long long)snLimit(b, SEINE_LIMIT_PARAMETERS),
        snLimitSay(b, SEINE_LIMIT_PARAMETERS));
  if (p->rc) return e;
  u64 old = p->param_cap;
  p->rc = snMemGrow(p->arena->budget, &p->param, &p->param_cap, (u64)n,
      sizeof *p->param);
  if (p->rc) return e;
  for (u64 i = old; i < p->param_cap; i++) p->param[i] = NULL;
  if (name && !p->param[n - 1]) p->param[n - 1] = name;
  p->nparam = SN_MAX(p->nparam, (u32)n);
  e->i = n - 1;
  return e;
}

Expr *snAstCall(Parse *p, Token name, ExprList *args) {
  Expr *e = snAstName(p, name);
  if (!e) return NULL;
  e->kind = EX_CALL;
  e->list = args;
  for (u32 i = 0; args && i < args->n; i++) astDepth(p, e, args->v[i].e);
  return e;
}

/* The star is an argument of COLUMNS() alone, which may choose among it. */
Expr *snAstCallStar(Parse *p, Token name, Expr *star) {
  if (!star) return NULL;
  if (snAstIs(name, "columns"))
    return snAstCall(p, name, snAstList(p, NULL, star));
  if (star->list || star->order || star->left)
    (void)snParseError(p, star->at, "EXCLUDE, REPLACE and RENAME stand in a "
        "select list and in COLUMNS(*) only");
  Expr *e = snAstCall(p, name, NULL);
  if (e) e->star = true;
  return e;
}

Expr *snAstRow(Parse *p, Token open, ExprList *l) {
  Expr *e = snAstNew(p, EX_ROW, open.at);
  if (!e) return NULL;
  e->list = l;
  for (u32 i = 0; l && i < l->n; i++) astDepth(p, e, l->v[i].e);
  return e;
}

Expr *snAstStar(Parse *p, Token at, ExprList *exclude, ExprList *replace,
    ExprList *rename) {
  Expr *e = snAstNew(p, EX_STAR, at.at);
  if (!e) return NULL;
  e->list = exclude;
  e->order = replace;
  if (rename) e->left = snAstRow(p, at, rename);
  return e;
}

ExprList *snAstArg(Parse *p, ExprList *l, ExprItem arg) {
  l = snAstList(p, l, arg.e);
  if (l && l->n) l->v[l->n - 1].alias = arg.alias;
  return l;
}

Expr *snAstCast(Parse *p, Expr *x, Token type) {
  Expr *e = snAstNode(p, EX_CAST, x, NULL);
  if (!e) return NULL;
  e->type = snTypeParse(type.p, type.n);
  if (e->type == TYPE_NULL)
    (void)snParseError(p, type.at, "no such type: %.*s",
        (int)SN_MIN(type.n, 60u), type.p);
  return e;
}

/* DATE '...', TIMESTAMP '...', INTERVAL '...', IP '...'. */
Expr *snAstTyped(Parse *p, Token type, Token text) {
  if (!snAsciiCmp(type.p, type.n, "INTERVAL", 8)) {
    Expr *e = snAstNew(p, EX_INTERVAL, type.at);
    const char *s = snAstText(p, text);
    Interval *v = snArenaZero(p->arena, sizeof *v);
    if (!e || !v) return e;
    if (!snIntervalParse(s, strlen(s), v))
      (void)snParseError(p, text.at, "not an interval: write '12 hours', "
          "'1 month', '30d' ...");
    e->text = (const char *)v;
    e->len = sizeof *v;
    return e;
  }
  if (text.p[0] != '\'') {
    (void)snParseError(p, text.at, "syntax error near \"%.*s\"",
        (int)SN_MIN(text.n, 60u), text.p);
    return NULL;
  }
  Expr *e = snAstCast(p, snAstString(p, text), type);
  if (e) e->at = type.at;
  return e;
}

ExprList *snAstList(Parse *p, ExprList *l, Expr *e) {
  if (!l && !p->rc) l = snArenaZero(p->arena, sizeof *l);
  if (!l || p->rc) {
    if (!p->rc) p->rc = SN_NOMEM;
    return l;
  }
  if (l->n == l->cap) {
    u32 cap = l->cap ? l->cap * 2 : 4;
    ExprItem *v = snArenaZero(p->arena, cap * sizeof *v);
    if (!v) {
      p->rc = SN_NOMEM;
      return l->n ? l : NULL; /* the grammar looks at the last item */
    }
    if (l->n) memcpy(v, l->v, l->n * sizeof *v);
    l->v = v;
    l->cap = cap;
  }
  l->v[l->n++] = (ExprItem){.e = e};
  return l;
}

ExprList *snAstPair(Parse *p, Expr *a, Expr *b) {
  return snAstList(p, snAstList(p, NULL, a), b);
}

Select *snAstSelect(Parse *p, u32 at) {
  Select *s = p->rc ? NULL : snArenaZero(p->arena, sizeof *s);
  if (!s && !p->rc) p->rc = SN_NOMEM;
  if (s) s->at = at;
  return s;
}

void snAstValues(Parse *p, Select *s, ExprList *row) {
  if (p->rc) return;
  if (s->nrows && row->n != s->rows[0]->n) {
    u32 at = row->n ? row->v[0].e->at : p->last.at;
    (void)snParseError(p, at, "a row of VALUES has %u values, the "
        "first one %u", row->n, s->rows[0]->n);
    return;
  }
  if (s->nrows == s->rows_cap) {
    u32 cap = s->rows_cap ? s->rows_cap * 2 : 8;
    ExprList **v = snArenaZero(p->arena, cap * sizeof *v);
    if (!v) {
      p->rc = SN_NOMEM;
      return;
    }
    if (s->nrows) memcpy(v, s->rows, s->nrows * sizeof *v);
    s->rows = v;
    s->rows_cap = cap;
  }
  s->rows[s->nrows++] = row;
}

From *snAstFrom(Parse *p, From *list, From *add) {
  From *f = list;
  u32 n = 1;
  if (!list || !add) return list;
  for (; f->next; n++) f = f->next;
  if (n < SQL_SOURCES) f->next = add;
  else (void)snParseSources(p, p->last.at);
  return list;
}

From *snAstLateral(Parse *p, Token at, From *f) {
  if (!f) return NULL;
  if ((!f->select && !f->call) || f->lateral)
    (void)snParseError(p, at.at, "LATERAL stands before a sub-select or a "
        "function");
  f->lateral = true;
  return f;
}

From *snAstNamed(Parse *p, Token name, Token alias, ExprList *names) {
  From *f = snPivotSource(p, snAstAll(p, name), snAstText(p, alias));
  if (f) f->cols = names;
  return f;
}

/* posexplode(a): SELECT n - 1, x FROM unnest(a) WITH ORDINALITY AS e(x, n) */
static From *astPosexplode(Parse *p, Token name, ExprList *args, From as) {
  Token x = {"col", 3, name.at}, n = {"pos", 3, name.at};
  Select *s = snAstSelect(p, name.at);
  if (!s) return NULL;
  s->cols = snAstPair(p, snAstOp(p, EX_ARITH, AR_SUB, snAstName(p, n),
      snAstInt(p, name.at, 1)), snAstName(p, x));
  s->from = snLambdaElements(p, name.at, args,
      snAstPair(p, snAstName(p, x), snAstName(p, n)));
  From *f = snPivotSource(p, s, snAstText(p, as.name.n ? as.name : name));
  if (!f) return NULL;
  f->lateral = true;
  f->cols = as.cols ? as.cols
                    : snAstPair(p, snAstName(p, n), snAstName(p, x));
  return f;
}

From *snAstLateralView(Parse *p, Token name, ExprList *args, int join,
    From as) {
  Token col = {"col", 3, name.at};
  if (snAstIs(name, "posexplode")) {
    From *pos = astPosexplode(p, name, args, as);
    if (pos) pos->join = (u8)join;
    return pos;
  }
  From *f = snArenaZero(p->arena, sizeof *f);
  if (!f) {
    p->rc = SN_NOMEM;
    return NULL;
  }
  if (!snAstIs(name, "explode"))
    (void)snParseError(p, name.at, "LATERAL VIEW takes explode(array) and "
        "posexplode(array): write JOIN LATERAL for any other function");
  f->name = (Token){TABLE_FUNC_UNNEST, 6, name.at};
  f->alias = snAstText(p, as.name.n ? as.name : name);
  f->cols = as.cols ? as.cols : snAstList(p, NULL, snAstName(p, col));
  f->call = true;
  f->args = args;
  f->join = (u8)join;
  return f;
}

From *snAstOrdinality(Parse *p, From *f, Token word) {
  if (!snAstIs(word, "ordinality") ||
      (f && !snAstIs(f->name, TABLE_FUNC_UNNEST)))
    (void)snParseError(p, word.at, "WITH ORDINALITY may stand behind "
        "UNNEST()");
  if (f) f->ordinality = true;
  return f;
}

From *snAstNest(Parse *p, From *list) {
  if (!list || !list->next) return list;
  From *f = snArenaZero(p->arena, sizeof *f);
  if (!f) p->rc = SN_NOMEM;
  else f->nest = list;
  return f;
}

/* ---- selects in selects ------------------------------------------------- */

Select *snAstSet(Parse *p, int set, int all, Select *a, Select *b) {
  Select *s = a && b ? snAstSelect(p, a->at) : NULL;
  if (!s) return NULL;
  s->set = (u8)set;
  s->all = all != 0;
  s->left = a;
  s->right = b;
  s->depth = (u16)(SN_MAX(a->depth, b->depth) + 1);
  if (s->depth >= SQL_SELECTS) (void)snParseSelects(p, s->at);
  return s;
}

Select *snAstCore(Parse *p, Token at, const Expr *distinct, ExprList *cols,
    From *f, Select *s) {
  if (!s) return NULL;
  s->at = at.at;
  s->distinct = distinct && !distinct->list;
  s->distinct_on = distinct ? distinct->list : NULL;
  s->cols = cols;
  s->from = f;
  if (s->sample && (!f || f->next))
    (void)snParseError(p, s->sample->at, "USING SAMPLE is of the one source "
        "of a FROM: write TABLESAMPLE behind one of several");
  if (s->sample) (void)snSampleFrom(p, f, s->sample, NULL);
  s->sample = NULL;
  return s;
}

Expr *snAstPercent(Parse *p, Token at, const Expr *n) {
  Expr *e = snAstNew(p, EX_PERCENT, at.at);
  if (!e || !n) return NULL;
  e->d = n->kind == EX_INT ? (double)n->i : n->d;
  if ((n->kind != EX_INT && n->kind != EX_REAL) || !(e->d <= 100))
    (void)snParseError(p, n->at, "a LIMIT in per cent is a number from 0 to "
        "100 that is written out");
  return e;
}

/* LIMIT d PERCENT = LIMIT (SELECT floor(count(*) * d / 100) FROM (s)). */
static Expr *astPercent(Parse *p, const Select *s, const Expr *limit) {
  Token at = {p->sql + limit->at, 1, limit->at};
  Token floor = {"floor", 5, at.at}, count = {"count", 5, at.at};
  Token whole = {"BIGINT", 6, at.at};
  Expr *n = snAstCall(p, count, NULL);
  Expr *share = snAstNew(p, EX_REAL, at.at);
  Expr *hundred = snAstNew(p, EX_REAL, at.at);
  From *f = snPivotSource(p, snAstCopySelect(p, s), NULL);
  if (!share || !n || !hundred || !f) return NULL;
  n->star = true;
  share->d = limit->d;
  hundred->d = 100;
  n = snAstOp(p, EX_ARITH, AR_DIV, snAstOp(p, EX_ARITH, AR_MUL, n, share),
      hundred);
  n = snAstCast(p, snAstCall(p, floor, snAstList(p, NULL, n)), whole);
  return snAstSub(p, at, SUB_SCALAR, NULL, snAstCore(p, at, NULL,
      snAstList(p, NULL, n), f, snAstSelect(p, at.at)));
}

Select *snAstTail(Parse *p, Select *s, With *with, ExprList *order,
    const Expr *limit) {
  if (!s) return NULL;
  const Expr *most = limit ? limit->left : NULL;
  Expr *part = most && most->kind == EX_PERCENT ? astPercent(p, s, most)
                                                : NULL;
  s->with = with;
  s->order = order;
  if (!limit) return s;
  s->limit = part ? part : limit->left;
  s->offset = limit->right;
  return s;
}

Select *snAstAll(Parse *p, Token table) {
  Select *s = snAstSelect(p, table.at);
  From *f = snArenaZero(p->arena, sizeof *f);
  if (!s || !f) {
    if (!p->rc) p->rc = SN_NOMEM;
    return NULL;
  }
  f->name = table;
  f->alias = snAstText(p, table);
  s->from = f;
  s->cols = snAstList(p, NULL, snAstNew(p, EX_STAR, table.at));
  return s;
}

static Expr *astSub(Parse *p, Token at, int kind, Expr *left, Select *s) {
  Expr *e = snAstNew(p, EX_SUBQUERY, at.at);
  if (!e) return NULL;
  e->op = (u8)kind;
  e->left = left;
  e->select = s;
  return e;
}

Expr *snAstSub(Parse *p, Token at, int kind, Expr *left, Select *s) {
  Expr *e = astSub(p, at, kind, left, s);
  if (!e) return NULL;
  const char *from = left ? p->sql + left->at : at.p;
  e->len = (u32)(p->last.p - from);
  e->text = snArenaDup(p->arena, from, e->len); /* ends where it ends */
  if (!e->text) p->rc = SN_NOMEM;
  return e;
}

/* (SELECT name(v) FROM (select) (v)); count_if: of v IS NULL. */
static Expr *astAggregate(Parse *p, Token at, const char *name,
    const Select *of) {
  Token v = {"v", 1, at.at}, call = {name, (u32)strlen(name), at.at};
  Expr *arg = snAstName(p, v);
  Select *s = snAstSelect(p, at.at);
  From *f = snArenaZero(p->arena, sizeof *f);
  if (!s || !f || !of) {
    if (!p->rc) p->rc = SN_NOMEM;
    return NULL;
  }
  f->select = snAstCopySelect(p, of);
  f->alias = "v";
  f->cols = snAstList(p, NULL, snAstName(p, v));
  s->from = f;
  if (!strcmp(name, "count_if")) arg = snAstNode(p, EX_ISNULL, arg, NULL);
  s->cols = snAstList(p, NULL,
      snAstCall(p, call, snAstList(p, NULL, arg)));
  return astSub(p, at, SUB_SCALAR, NULL, s);
}

/* A comparison with all rows is one with the least or the greatest of them:
** CASE WHEN there are none THEN FALSE WHEN x < greatest THEN TRUE WHEN no
** value is NULL THEN FALSE END. */
static Expr *astAny(Parse *p, Token at, int op, Expr *x, const Select *s) {
  const char *name = op == CMP_LT || op == CMP_LE ? "max" : "min";
  Expr *zero = snAstInt(p, at.at, 0), *no = snAstBool(p, at.at, false);
  Expr *yes = snAstBool(p, at.at, true);
  if (!zero || !no || !yes) return NULL;
  Expr *hit = snAstOp(p, EX_COMPARE, op, x, astAggregate(p, at, name, s));
  if (op == CMP_NE)
    hit = snAstNode(p, EX_OR, hit,
        snAstOp(p, EX_COMPARE, op, x, astAggregate(p, at, "max", s)));
  Expr *known = snAstNode(p, EX_AND, snAstNotNull(p, x),
      snAstOp(p, EX_COMPARE, CMP_EQ, astAggregate(p, at, "count_if", s),
          zero));
  Expr *e = snAstNode(p, EX_CASE, NULL, NULL);
  if (!e) return NULL;
  Expr *none = snAstNode(p, EX_NOT, astSub(p, at, SUB_EXISTS, NULL,
      snAstCopySelect(p, s)), NULL);
  Expr *parts[] = {none, no, hit, yes, known, no};
  for (u32 k = 0; k < SN_COUNT(parts); k++)
    e->list = snAstList(p, e->list, parts[k]);
  e->at = at.at;
  return e;
}

Expr *snAstSome(Parse *p, Token at, int some, int op, Expr *x, Select *s) {
  static const u8 inverse[] = {CMP_NE, CMP_EQ, CMP_GE, CMP_GT, CMP_LE,
      CMP_LT};
  if (!s || !x) return NULL;
  if (some == SUB_ALL) op = inverse[op];
  Expr *e = op == CMP_EQ ? astSub(p, at, SUB_IN, x, s)
                         : astAny(p, at, op, x, s);
  return some == SUB_ALL ? snAstNode(p, EX_NOT, e, NULL) : e;
}

/* Without AS it is called as the file is, without folders and endings. */
From *snAstFile(Parse *p, Token path, const char *alias) {
  From *f = snArenaZero(p->arena, sizeof *f);
  if (!f) {
    p->rc = SN_NOMEM;
    return NULL;
  }
  f->name = path;
  f->file = true;
  f->alias = alias;
  if (alias) return f;
  const char *name = snAstText(p, path), *folder = strrchr(name, '/');
  if (folder) name = folder + 1;
  f->alias = snArenaDup(p->arena, name, strcspn(name, "."));
  if (!f->alias) p->rc = SN_NOMEM;
  return f;
}

void snAstCopyFrom(Parse *p, Token table, Token path, ExprList *opts) {
  Select *s = snAstSelect(p, path.at);
  From *f = snAstFile(p, path, NULL);
  if (!s || !f) return;
  s->cols = snAstList(p, NULL, snAstNew(p, EX_STAR, path.at));
  s->from = f;
  f->into = table;
  f->args = opts;
  p->stmt.kind = ST_INSERT;
  p->stmt.name = table;
  p->stmt.select = s;
}

void snAstCopyTo(Parse *p, Select *s, ExprList *cols, Token path,
    ExprList *opts) {
  if (!s) return;
  if (cols) s->cols = cols;
  p->stmt.kind = ST_COPY_TO;
  p->stmt.select = s;
  p->stmt.name = path;
  p->stmt.cols = opts;
}

/* Bytes of the comment that begins here, or 0. */
static u32 astComment(const char *s, u32 n) {
  bool block = n > 1 && s[0] == '/' && s[1] == '*';
  u32 i = 2;
  if (!block && !(n > 1 && s[0] == '-' && s[1] == '-')) return 0;
  if (!block)
    while (i < n && s[i] != '\n') i++;
  else
    for (i = 4; i < n && !(s[i - 2] == '*' && s[i - 1] == '/'); i++) continue;
  return i;
}

/* The text from one to the other, which is a token of the statement itself,
** with a blank for each comment. */
Token snAstSpan(Parse *p, Token from, Token to) {
  const char *text = p->sql + from.at;
  u32 n = (u32)(to.p + to.n - text), at = 0;
  char *s = snArenaAlloc(p->arena, n + 1), quote = 0;
  if (!s) {
    p->rc = SN_NOMEM;
    return from;
  }
  for (u32 i = 0, skip; i < n; i += SN_MAX(skip, 1u)) {
    char c = text[i];
    if (quote) quote = c == quote ? 0 : quote; /* a doubled one opens again */
    else if (c == '\'' || c == '"' || c == '`') quote = c;
    skip = quote ? 0 : astComment(text + i, n - i);
    s[at++] = skip ? ' ' : c;
  }
  return (Token){s, at, from.at};
}

/* ... whose analyzer was read before the column was there. */
void snAstRetype(Parse *p, Token name, Token type) {
  AnalyzerRef *r = p->stmt.analyzer;
  p->stmt.analyzer = NULL;
  snAstColumn(p, name, type);
  if (r) snAstColumnAnalyzer(p, r, false);
}

static bool astTextIs(const Expr *e, const char *word) {
  return e->text && snAsciiEq(e->text, strlen(e->text), word, strlen(word));
}

/* A word that turns something on or off. */
static bool astSwitch(Parse *p, const ExprItem *o) {
  const Expr *e = o->e;
  bool on = e->kind == EX_BOOL || e->kind == EX_INT ? e->i != 0 :
      astTextIs(e, "on");
  if (e->kind != EX_BOOL && e->kind != EX_INT && !on && !astTextIs(e, "off"))
    (void)snParseError(p, e->at, "EXPLAIN (%.60s ...) takes on or off",
        o->alias);
  return on;
}

void snAstExplain(Parse *p, Token word, ExprList *opts) {
  static const char *const formats[] = {"text", "json", "html"};
  p->stmt.explain = true;
  p->stmt.explain_at = word.at;
  for (u32 i = 0; !p->rc && opts && i < opts->n; i++) {
    const ExprItem *o = opts->v + i;
    size_t n = o->alias ? strlen(o->alias) : 0;
    u32 k = 0;
    if (!o->e) return;
    if (snAsciiEq(o->alias, n, "analyze", 7)) {
      p->stmt.analyze = astSwitch(p, o);
    } else if (snAsciiEq(o->alias, n, "format", 6)) {
      while (k < SN_COUNT(formats) && !astTextIs(o->e, formats[k])) k++;
      if (k == SN_COUNT(formats))
        (void)snParseError(p, o->e->at, "the format of EXPLAIN is TEXT, JSON "
            "or HTML");
      else p->stmt.format = (u8)k;
    } else {
      (void)snParseError(p, o->e->at, "EXPLAIN has no option %.60s: there are "
          "ANALYZE and FORMAT", o->alias ? o->alias : "");
    }
  }
}

void snAstShow(Parse *p, Token word, Expr *like) {
  p->stmt.kind = ST_SHOW;
  p->stmt.show = word;
  p->stmt.value = like;
}

void snAstView(Parse *p, Token name, Token body) {
  Stmt *s = &p->stmt;
  u32 n = body.n;
  if (n && body.p[n - 1] == ';') n--;
  while (n && strchr(" \t\r\n\f\v", body.p[n - 1])) n--;
  s->kind = ST_DDL;
  s->name = name;
  s->ddl.kind = DDL_CREATE_OBJECT;
  s->ddl.object = OBJECT_VIEW;
  s->ddl.name = snAstText(p, name);
  s->ddl.to = snArenaDup(p->arena, body.p, n);
  if (!s->ddl.to) p->rc = SN_NOMEM;
}

Token snAstJoined(Parse *p, const char *count, Token unit, u32 at) {
  size_t n = (count ? strlen(count) : 0) + unit.n + 2;
  char *s = snArenaAlloc(p->arena, n);
  if (!s || !count) {
    if (!p->rc) p->rc = SN_NOMEM;
    return unit;
  }
  snprintf(s, n, "%s %.*s", count, (int)unit.n, unit.p);
  return (Token){s, (u32)n - 1, at};
}

/* "10 DAY" of 1_0 and DAY. */
Token snAstCount(Parse *p, Token count, Token unit) {
  char s[32];
  const Expr *e = snAstNumber(p, count);
  if (!e) return count;
  if (e->kind != EX_INT)
    (void)snParseError(p, count.at, "the number of an interval is too large");
  snprintf(s, sizeof s, "%lld", (long long)e->i);
  return snAstJoined(p, s, unit, count.at);
}

Expr *snAstOrdered(Parse *p, Expr *call, ExprList *order, Expr *limit) {
  if (!call) return NULL;
  call->order = order;
  call->limit = -1;
  if (!limit) return call;
  if (limit->kind != EX_INT)
    (void)snParseError(p, limit->at, "the LIMIT of an aggregate is a whole "
        "number");
  call->limit = limit->i;
  return call;
}

/* The order is the value itself where a place in it is asked for, and else
** says in which order the arguments come. */
Expr *snAstWithin(Parse *p, Token name, ExprList *args, ExprList *o) {
  static const char *const places[] = {"percentile_cont", "quantile_cont",
      "percentile", "quantile", "approx_percentile", "approx_quantile",
      "percentile_disc", "quantile_disc", "median", "mode"};
  u32 k = 0;
  if (!o || !o->n) return NULL;
  const char *s = snAstText(p, name);
  while (k < SN_COUNT(places) &&
      !snAsciiEq(s, strlen(s), places[k], strlen(places[k]))) k++;
  if (k == SN_COUNT(places))
    return snAstOrdered(p, snAstCall(p, name, args), o, NULL);
  if (o->n > 1)
    (void)snParseError(p, o->v[1].e->at, "%s() has one value in its WITHIN "
        "GROUP", s);
  if (o->v[0].desc && k >= 6 && k <= 7)
    (void)snParseError(p, name.at, "WITHIN GROUP (ORDER BY ... DESC) is not "
        "supported for %s(): use percentile_cont", s);
  ExprList *l = snAstList(p, NULL, o->v[0].e);
  for (u32 i = 0; args && i < args->n; i++) {
    Expr *e = args->v[i].e;
    if (o->v[0].desc && !i)
      e = snAstOp(p, EX_ARITH, AR_SUB, snAstInt(p, name.at, 1), e);
    l = snAstList(p, l, e);
  }
  return snAstCall(p, name, l);
}

Window *snAstFrame(Parse *p, int mode, FrameBound from, FrameBound to,
    int exclude) {
  Window *w = snArenaZero(p->arena, sizeof *w);
  if (!w) {
    p->rc = SN_NOMEM;
    return NULL;
  }
  w->has_frame = true;
  w->frame = (Frame){.mode = (u8)mode, .start = from.kind, .end = to.kind,
      .exclude = (u8)exclude};
  w->start = from.e;
  w->end = to.e;
  return w;
}

Window *snAstWindow(Parse *p, Window *frame, Token base, ExprList *part,
    ExprList *order) {
  Window *w = frame ? frame : snArenaZero(p->arena, sizeof *w);
  if (!w) {
    p->rc = SN_NOMEM;
    return NULL;
  }
  if (base.n) w->name = snAstText(p, base);
  w->at = base.at;
  w->part = part;
  w->order = order;
  return w;
}

bool snAstIsRowid(const char *name) {
  size_t n = strlen(name);
  return snAsciiEq(name, n, "rowid", 5) || snAsciiEq(name, n, "_rowid_", 7);
}

void snAstNewName(Parse *p, Token name) {
  const char *s = snAstText(p, name);
  if (snAstIsRowid(s))
    (void)snParseError(p, name.at, "a column cannot be named %s: every table "
        "has a rowid", s);
}

void snAstColumn(Parse *p, Token name, Token type) {
  DdlDef *d = &p->stmt.ddl;
  if (p->rc) return;
  if (d->ncol == p->stmt.col_cap) {
    u32 cap = p->stmt.col_cap ? p->stmt.col_cap * 2 : 8;
    Column *c = snArenaZero(p->arena, cap * sizeof *c);
    if (!c) {
      p->rc = SN_NOMEM;
      return;
    }
    Token *t = snArenaZero(p->arena, cap * sizeof *t);
    if (!t) {
      p->rc = SN_NOMEM;
      return;
    }
    if (d->ncol) memcpy(c, d->col, d->ncol * sizeof *c);
    if (d->ncol) memcpy(t, p->stmt.type, d->ncol * sizeof *t);
    d->col = c;
    p->stmt.type = t;
    p->stmt.col_cap = cap;
  }
  p->stmt.type[d->ncol] = type;
  Column *c = d->col + d->ncol++;
  c->name = snAstText(p, name);
  c->type = snTypeParse(type.p, type.n);
  if (c->type == TYPE_NULL)
    (void)snParseError(p, type.at, "no such type: %.*s",
        (int)SN_MIN(type.n, 60u), type.p);
}

/* chain NULL: `at` is a name. */
AnalyzerRef *snAstAnalyzer(Parse *p, Token at, ExprList *chain) {
  AnalyzerRef *r = snArenaZero(p->arena, sizeof *r);
  if (!r) {
    p->rc = SN_NOMEM;
    return NULL;
  }
  r->at = at.at;
  r->chain = chain;
  if (!chain) r->name = snAstText(p, at);
  return r;
}

void snAstColumnAnalyzer(Parse *p, AnalyzerRef *r, bool search) {
  if (!r || !p->stmt.ddl.ncol) return;
  r->col = p->stmt.ddl.ncol - 1;
  r->search = search;
  r->next = p->stmt.analyzer;
  p->stmt.analyzer = r;
}

bool snAstIs(Token t, const char *word) {
  return snAsciiEq(t.p, t.n, word, strlen(word));
}

void snAstUpsert(Parse *p, Token at, ExprList *target, ExprList *sets,
    Expr *where) {
  UpsertRef *u = snArenaZero(p->arena, sizeof *u), **end = &p->stmt.upsert;
  while (*end) {
    if (!(*end)->target)
      (void)snParseError(p, at.at, "an ON CONFLICT that names no columns is "
          "the last one");
    end = &(*end)->next;
  }
  if (!u) {
    p->rc = SN_NOMEM;
    return;
  }
  u->at = at.at;
  u->target = target;
  u->sets = sets;
  u->where = where;
  *end = u;
}

/* rowid IN (SELECT rowid FROM table WHERE ... ORDER BY ... LIMIT ...) */
void snAstFirst(Parse *p, ExprList *order, const Expr *limit) {
  Stmt *s = &p->stmt;
  Token rowid = {"rowid", 5, s->name.at};
  if (!limit && !order) return;
  if (!limit)
    (void)snParseError(p, order->v[0].e->at, "without a LIMIT the ORDER BY of "
        "%s means nothing", s->kind == ST_UPDATE ? "UPDATE" : "DELETE");
  else if (s->from)
    (void)snParseError(p, s->name.at, "ORDER BY and LIMIT do not go with %s: "
        "choose the rows in a sub-select", s->kind == ST_UPDATE ? "UPDATE FROM"
                                                         : "DELETE USING");
  Select *first = snAstAll(p, s->name);
  if (!first || p->rc) return;
  first->cols = snAstList(p, NULL, snAstName(p, rowid));
  if (s->alias) first->from->alias = s->alias;
  first->where = s->where;
  s->where = snAstSub(p, s->name, SUB_IN, snAstName(p, rowid),
      snAstTail(p, first, NULL, order, limit));
}

int snAstOnConflict(Parse *p, Token word) {
  static const char *const words[] = {"abort", "rollback", "fail", "ignore",
      "replace"};
  for (u32 i = 0; i < SN_COUNT(words); i++)
    if (snAstIs(word, words[i])) return (int)i;
  (void)snParseError(p, word.at, "OR %.*s: there are ABORT, ROLLBACK, FAIL, "
      "IGNORE and REPLACE", (int)SN_MIN(word.n, 60u), word.p);
  return ON_ABORT;
}

ExprList *snAstSets(Parse *p, ExprList *a, ExprList *b) {
  for (u32 i = 0; a && b && i < b->n; i++) {
    a = snAstList(p, a, b->v[i].e);
    if (a) a->v[a->n - 1] = b->v[i];
  }
  return a;
}

ExprList *snAstSetRow(Parse *p, Token at, ExprList *names,
    ExprList *values) {
  ExprList *l = NULL;
  if (!names || !values) return NULL;
  if (names->n != values->n)
    (void)snParseError(p, at.at, "%u columns are set to %u values", names->n,
        values->n);
  for (u32 i = 0; !p->rc && i < names->n; i++) {
    l = snAstList(p, l, values->v[i].e);
    if (!l) return NULL;
    l->v[l->n - 1].alias = names->v[i].e->text;
    l->v[l->n - 1].from = names->v[i].e->at;
  }
  return l;
}

void snAstKey(Parse *p, u8 kind, Token at, ExprList *names,
    bool autoincrement) {
  Stmt *s = &p->stmt;
  KeyRef *k = snArenaZero(p->arena, sizeof *k);
  u32 n = names ? names->n : 1;
  if (p->rc || (!names && !s->ddl.ncol)) return;
  const char **col = snArenaZero(p->arena, (n + 1) * sizeof *col);
  if (!k || !col) {
    p->rc = SN_NOMEM;
    return;
  }
  for (u32 i = 0; i < n; i++)
    col[i] = names ? names->v[i].e->text : s->ddl.col[s->ddl.ncol - 1].name;
  k->def = (KeyDef){kind, s->constraint, col, n};
  k->at = at.at;
  k->autoincrement = autoincrement;
  s->constraint = NULL;
  if (s->last_key) s->last_key->next = k;
  else s->key = k;
  s->last_key = k;
}

/* (a, b) = (SELECT x, y): a = (SELECT a FROM (SELECT x, y) AS _(a, b)), and so
** on. */
ExprList *snAstSetSelect(Parse *p, Token at, ExprList *names,
    const Select *s) {
  ExprList *values = NULL;
  for (u32 i = 0; !p->rc && s && names && i < names->n; i++) {
    Select *x = snAstSelect(p, at.at);
    From *f = snPivotSource(p, snAstCopySelect(p, s), "_");
    if (!x || !f) return NULL;
    f->cols = names;
    x->from = f;
    x->cols = snAstList(p, NULL, snAstCopy(p, names->v[i].e));
    values = snAstList(p, values, astSub(p, at, SUB_SCALAR, NULL, x));
  }
  return snAstSetRow(p, at, names, values);
}

void snAstCheck(Parse *p, Token open, Token close) {
  DdlDef *d = &p->stmt.ddl;
  u32 from = open.at + 1;
  if (p->rc) return;
  if (d->ncheck == p->stmt.check_cap) {
    u32 cap = d->ncheck ? d->ncheck * 2 : 4;
    TableCheck *v = snArenaZero(p->arena, cap * sizeof *v);
    if (!v) {
      p->rc = SN_NOMEM;
      return;
    }
    if (d->ncheck) memcpy(v, d->check, d->ncheck * sizeof *v);
    d->check = v;
    p->stmt.check_cap = cap;
  }
  TableCheck *k = d->check + d->ncheck++;
  k->name = p->stmt.constraint;
  p->stmt.constraint = NULL;
  while (from < close.at && strchr(" \t\r\n", p->sql[from])) from++;
  k->sql = snArenaDup(p->arena, p->sql + from, close.at - from);
  if (!k->sql) p->rc = SN_NOMEM;
}

/* The text becomes the default of the last column, which had none. */
static void astValue(Parse *p, u32 at, const char *format, Token text) {
  DdlDef *d = &p->stmt.ddl;
  Column *col = d->col + d->ncol - 1;
  size_t n = text.n + 8;
  char *s = snArenaAlloc(p->arena, n);
  if (p->rc || !d->ncol) return;
  if (col->default_sql)
    (void)snParseError(p, at, "column %s has two expressions: it is generated, "
        "or has one DEFAULT", col->name);
  if (s) snprintf(s, n, format, (int)text.n, text.p);
  else p->rc = SN_NOMEM;
  col->default_sql = s;
}

void snAstDefault(Parse *p, Token at, Token value) {
  astValue(p, at.at, "%.*s", value);
}

void snAstGenerated(Parse *p, Token open, Token close) {
  astValue(p, open.at, "AS %.*s", snAstSpan(p, open, close));
}

static u8 astCollation(Parse *p, Token name) {
  u8 k = snTypeCollation(name.p, name.n);
  if (!k)
    (void)snParseError(p, name.at, "no such collation: %.*s (there are "
        "BINARY, NOCASE and RTRIM)", (int)SN_MIN(name.n, 60u), name.p);
  return k;
}

void snAstCollate(Parse *p, Token name) {
  DdlDef *d = &p->stmt.ddl;
  u8 k = astCollation(p, name);
  char type[24];
  if (p->rc || !d->ncol || k == COLLATE_BINARY) return;
  Column *c = d->col + d->ncol - 1;
  c->collate = k;
  if (!snTypeIsString(c->type))
    (void)snParseError(p, name.at, "COLLATE is for columns of TEXT and "
        "KEYWORD, not of %s", snTypeName(c->type, type));
}

void snAstKeyCollate(Parse *p, Token name) {
  if (astCollation(p, name) > COLLATE_BINARY)
    (void)snParseError(p, name.at, "keys compare as BINARY, not by %.*s",
        (int)SN_MIN(name.n, 60u), name.p);
}

Expr *snAstCollation(Parse *p, Expr *e, Token name) {
  u8 k = astCollation(p, name);
  Expr *x = e ? snAstNode(p, EX_COLLATE, e, NULL) : NULL;
  if (x) x->collate = k;
  return x;
}

/* A literal is that of its values already. */
static Expr *astCollatedText(Parse *p, u8 collate, const Expr *e) {
  char *s = snArenaDup(p->arena, e->text, e->len);
  Expr *x = snAstNew(p, EX_STR, e->at);
  if (!s) p->rc = SN_NOMEM;
  if (!s || !x) return NULL;
  x->len = e->len;
  if (collate == COLLATE_RTRIM)
    while (x->len && s[x->len - 1] == ' ') s[--x->len] = 0;
  for (u32 k = 0; collate == COLLATE_NOCASE && k < x->len; k++)
    if (s[k] >= 'A' && s[k] <= 'Z') s[k] |= 0x20;
  x->text = s;
  return x;
}

Expr *snAstCollated(Parse *p, u8 collate, Expr *e) {
  Token nocase = {"nocase", 6, e ? e->at : 0};
  Token rtrim = {"rtrim", 5, nocase.at}, blank = {"' '", 3, nocase.at};
  if (e && e->kind == EX_COLLATE) e = e->left;
  if (e && collate == COLLATE_BINARY) {
    Expr *x = snAstNode(p, EX_COLLATE, e, NULL);
    if (x) x->collate = collate;
    return x;
  }
  if (e && e->kind == EX_STR) return astCollatedText(p, collate, e);
  ExprList *l = snAstList(p, NULL, e);
  bool blanks = collate == COLLATE_RTRIM;
  if (blanks) l = snAstList(p, l, snAstString(p, blank));
  Expr *x = snAstCall(p, blanks ? rtrim : nocase, l);
  if (x) x->negate = true;
  return x;
}

/* ---- copies: a WITH that is used twice is planned twice ------------------ */

static ExprList *astCopyList(Parse *p, const ExprList *l);

static Window *astCopyWindow(Parse *p, const Window *w) {
  Window *x = w && !p->rc ? snArenaZero(p->arena, sizeof *x) : NULL;
  if (w && !x && !p->rc) p->rc = SN_NOMEM;
  if (!x) return NULL;
  *x = *w;
  x->part = astCopyList(p, w->part);
  x->order = astCopyList(p, w->order);
  x->start = snAstCopy(p, w->start);
  x->end = snAstCopy(p, w->end);
  x->next = astCopyWindow(p, w->next);
  return x;
}

Expr *snAstCopy(Parse *p, const Expr *e) {
  Expr *x = e ? snAstNew(p, (ExprKind)e->kind, e->at) : NULL;
  if (!x) return NULL;
  *x = *e;
  x->left = snAstCopy(p, e->left);
  x->right = snAstCopy(p, e->right);
  x->third = snAstCopy(p, e->third);
  x->filter = snAstCopy(p, e->filter);
  x->order = astCopyList(p, e->order);
  x->list = astCopyList(p, e->list);
  x->over = astCopyWindow(p, e->over);
  if (e->select) x->select = snAstCopySelect(p, e->select);
  return x;
}

static ExprList *astCopyList(Parse *p, const ExprList *l) {
  ExprList *out = NULL;
  for (u32 i = 0; l && i < l->n && !p->rc; i++) {
    out = snAstList(p, out, snAstCopy(p, l->v[i].e));
    if (p->rc) return NULL;
    Expr *e = out->v[i].e;
    out->v[i] = l->v[i];
    out->v[i].e = e;
  }
  return out;
}

static From *astCopyFrom(Parse *p, const From *f) {
  From *first = NULL, **at = &first;
  for (; f && !p->rc; f = f->next, at = &(*at)->next) {
    *at = snArenaZero(p->arena, sizeof **at);
    if (!*at) {
      p->rc = SN_NOMEM;
      break;
    }
    **at = *f;
    (*at)->next = NULL;
    (*at)->on = snAstCopy(p, f->on);
    (*at)->args = astCopyList(p, f->args);
    (*at)->nest = astCopyFrom(p, f->nest);
    if (f->select) (*at)->select = snAstCopySelect(p, f->select);
  }
  return first;
}

Select *snAstCopySelect(Parse *p, const Select *s) {
  Select *x = snAstSelect(p, s->at);
  if (!x) return NULL;
  *x = *s;
  x->cols = astCopyList(p, s->cols);
  x->group = astCopyList(p, s->group);
  x->order = astCopyList(p, s->order);
  x->distinct_on = astCopyList(p, s->distinct_on);
  x->from = astCopyFrom(p, s->from);
  x->where = snAstCopy(p, s->where);
  x->having = snAstCopy(p, s->having);
  x->qualify = snAstCopy(p, s->qualify);
  x->limit = snAstCopy(p, s->limit);
  x->offset = snAstCopy(p, s->offset);
  x->windows = astCopyWindow(p, s->windows);
  if (s->left) x->left = snAstCopySelect(p, s->left);
  if (s->right) x->right = snAstCopySelect(p, s->right);
  x->rows = snArenaZero(p->arena, (s->nrows + 1) * sizeof *x->rows);
  if (!x->rows) p->rc = SN_NOMEM;
  for (u32 i = 0; !p->rc && i < s->nrows; i++)
    x->rows[i] = astCopyList(p, s->rows[i]);
  return p->rc ? NULL : x;
}

/* ---- trees -------------------------------------------------------------- */

static bool astSameList(const ExprList *a, const ExprList *b) {
  u32 na = a ? a->n : 0, nb = b ? b->n : 0;
  if (na != nb) return false;
  for (u32 i = 0; i < na; i++)
    if (!snAstSame(a->v[i].e, b->v[i].e) || a->v[i].desc != b->v[i].desc ||
        a->v[i].nulls_set != b->v[i].nulls_set ||
        a->v[i].nulls_last != b->v[i].nulls_last)
      return false;
  return true;
}

bool snAstSame(const Expr *a, const Expr *b) {
  if (!a || !b) return a == b;
  if (a->kind != b->kind || a->op != b->op || a->type != b->type ||
      a->negate != b->negate || a->distinct != b->distinct ||
      a->star != b->star || a->i != b->i || a->src != b->src ||
      a->slot != b->slot || a->func != b->func || a->agg != b->agg ||
      a->win != b->win || a->over != b->over || a->mark != b->mark ||
      a->select != b->select || a->sub != b->sub ||
      a->ignore_nulls != b->ignore_nulls || a->from_last != b->from_last)
    return false;
  if (a->kind == EX_REAL && memcmp(&a->d, &b->d, 8)) return false;
  bool text = a->kind == EX_STR || a->kind == EX_BLOB ||
      a->kind == EX_INTERVAL || a->kind == EX_NAME || a->kind == EX_CALL;
  if (text && (a->len != b->len || memcmp(a->text, b->text, a->len)))
    return false;
  return snAstSame(a->left, b->left) && snAstSame(a->right, b->right) &&
      snAstSame(a->third, b->third) && snAstSame(a->filter, b->filter) &&
      a->limit == b->limit && astSameList(a->order, b->order) &&
      astSameList(a->list, b->list);
}

void snAstWalk(Expr **at, bool (*fn)(void *, Expr **), void *arg) {
  if (!*at || !fn(arg, at)) return;
  Expr *e = *at;
  if (e->kind == EX_OUTER) return; /* what is below is another select's */
  snAstWalk(&e->left, fn, arg);
  snAstWalk(&e->right, fn, arg);
  snAstWalk(&e->third, fn, arg);
  snAstWalk(&e->filter, fn, arg);
  for (u32 i = 0; e->list && i < e->list->n; i++)
    snAstWalk(&e->list->v[i].e, fn, arg);
  for (u32 i = 0; e->order && i < e->order->n; i++)
    snAstWalk(&e->order->v[i].e, fn, arg);
  if (!e->over) return;
  for (u32 i = 0; e->over->part && i < e->over->part->n; i++)
    snAstWalk(&e->over->part->v[i].e, fn, arg);
  for (u32 i = 0; e->over->order && i < e->over->order->n; i++)
    snAstWalk(&e->over->order->v[i].e, fn, arg);
}

/* ---- reads -------------------------------------------------------------- */

typedef struct AstReads { const char *name; u32 n; } AstReads;

static void astReadsSelect(AstReads *r, const Select *s);

static bool astReadsExpr(void *arg, Expr **at) {
  if ((*at)->select) astReadsSelect(arg, (*at)->select);
  return true;
}

static void astReadsOf(AstReads *r, const Expr *e) {
  Expr *root = (Expr *)(uintptr_t)e;
  snAstWalk(&root, astReadsExpr, r);
}

static void astReadsList(AstReads *r, const ExprList *l) {
  for (u32 i = 0; l && i < l->n; i++) astReadsOf(r, l->v[i].e);
}

static void astReadsFrom(AstReads *r, const From *f) {
  for (; f; f = f->next) {
    bool named = !f->call && !f->select && !f->nest;
    r->n += named && f->alias &&
        snAsciiEq(f->name.p, f->name.n, r->name, strlen(r->name));
    if (f->select) astReadsSelect(r, f->select);
    if (f->nest) astReadsFrom(r, f->nest);
    astReadsList(r, f->args);
    astReadsOf(r, f->on);
  }
}

static void astReadsSelect(AstReads *r, const Select *s) {
  for (const With *w = s->with; w; w = w->next) astReadsSelect(r, w->select);
  if (s->left) astReadsSelect(r, s->left);
  if (s->right) astReadsSelect(r, s->right);
  astReadsFrom(r, s->from);
  astReadsList(r, s->cols);
  astReadsList(r, s->distinct_on);
  astReadsList(r, s->group);
  astReadsList(r, s->order);
  const Expr *each[] = {s->where, s->having, s->qualify, s->limit, s->offset};
  for (u32 k = 0; k < SN_COUNT(each); k++) astReadsOf(r, each[k]);
  for (u32 k = 0; k < s->nrows; k++) astReadsList(r, s->rows[k]);
}

u32 snAstReads(const Select *s, const char *name) {
  AstReads r = {name, 0};
  astReadsSelect(&r, s);
  return r.n;
}
