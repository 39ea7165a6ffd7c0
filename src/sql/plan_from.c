/*
** plan_from: the sources of a select and how they are joined; conditions,
** split at AND, and the place where each can be asked.
**
** A join keeps conditions of its own (Source.on) when rows without a partner
** pass it; all others belong to the select.  A condition is asked as early as
** it may be: in the scan of its one source, or behind the join after which
** all its sources have the rows that they end with (see snPlanPlace).
*/
#include "sql/plan.h"

int snPlanAdd(Compile *c, ExprList *l, Expr *e) {
  return snAstList(c->p, l, e) ? c->p->rc : c->p->rc;
}

/* ---- sources ------------------------------------------------------------ */

/* A WITH that is being read does not see itself: its name means a table, or
** one before it; *self tells that it was met. */
static With *fromWith(Compile *c, const char *name, bool *self) {
  for (With *w = c->with; w; w = w->next) {
    if (!snAsciiEq(w->name, strlen(w->name), name, strlen(name))) continue;
    if (!w->busy || w->rows) return w;
    *self = true;
  }
  return NULL;
}

static int fromRename(Compile *c, Source *s, ExprList *cols, u32 at) {
  if (!cols) return SEINE_OK;
  if (cols->n != s->sub->nout)
    return snParseError(c->p, at, "%u names for %u columns", cols->n,
        s->sub->nout);
  for (u32 i = 0; i < cols->n; i++) s->sub->out[i].name = cols->v[i].e->text;
  return SEINE_OK;
}

static int fromSub(Compile *c, Plan *outer, Source *s, Select *sel,
    ExprList *cols, u32 at) {
  int rc = snPlanSelect(c, outer, sel, &s->sub);
  return rc ? rc : fromRename(c, s, cols, at);
}

static const TableFunc *fromFunction(Compile *c, const From *f) {
  const char *name = snAstText(c->p, f->name);
  const TableFunc *t;
  Nearest near;
  snNearestInit(&near, name);
  for (u32 k = 0; (t = snTableFuncAt(k)); k++) {
    if (snAsciiEq(name, strlen(name), t->name, strlen(t->name)))
      return snGuard(c, f->name.at, SEINE_AUTH_FUNCTION, t->name, NULL)
          ? NULL : t;
    snNearestAdd(&near, t->name);
  }
  snNearestHint(&near, c->err);
  (void)snParseError(c->p, f->name.at, "no such function in FROM: %s", name);
  return NULL;
}

/* Of two entries of one name the second is for moments. */
static int fromOverload(Compile *c, Plan *p, Source *s, From *f,
    const TableFunc **t) {
  const TableFunc *next = *t + 1;
  int rc = snLateralArgs(c, p, s, f, *t);
  if (rc || !f->args || !f->args->n || (*t)->args[0] != 'i') return rc;
  u8 type = f->args->v[0].e->type;
  bool moment = type == TYPE_TIMESTAMP || type == TYPE_DATE;
  if (moment && next->name && !strcmp(next->name, (*t)->name)) *t = next;
  if (s->expand) s->expand = *t;
  return SEINE_OK;
}

/* A column with its table, which becomes the source of the plan. */
static int fromColumnArg(Compile *c, Plan *p, Expr **e) {
  const Expr *name = (*e)->left;
  TableState *t = NULL;
  char type[24];
  if ((*e)->kind != EX_NAME || !name)
    return snParseError(c->p, (*e)->at, "the first argument of %s() is a "
        "column with its table: table.column", p->call->name);
  Token token = {name->text, name->len, name->at};
  int rc = snResolveTable(c, token, &t);
  if (!rc) rc = snGuard(c, name->at, SEINE_AUTH_READ, t->table->name, "");
  if (rc) return rc;
  p->src = snArenaZero(c->arena, sizeof *p->src);
  p->seq = snArenaZero(c->arena, sizeof *p->seq);
  if (!p->src || !p->seq) return SN_NOMEM;
  p->nsrc = 1;
  *p->src = (Source){.alias = name->text, .table = t->table,
      .cursor = NO_REG};
  rc = snResolve(c, p, e, 0);
  if (rc) return rc;
  u8 of = (*e)->type & (u8)~TYPE_ARRAY;
  if ((*e)->kind == EX_COLUMN && (of == TYPE_TEXT || of == TYPE_KEYWORD))
    return SEINE_OK;
  return snParseError(c->p, name->at, "%s() needs a column of TEXT or "
      "KEYWORD, not of %s", p->call->name, snTypeName((*e)->type, type));
}

/* A query of the table, as MATCH asks it. */
static int fromQueryArg(Compile *c, Plan *p, Expr *e) {
  QueryAsk ask = {.form = ASK_QUERY, .edits = QUERY_EDITS_AUTO, .boost = 1};
  u32 slot;
  int rc = snGuardMatch(c, p->src, &ask, e->at);
  if (!rc) rc = snResolveSlot(c, p->src, &ask, e, &slot);
  if (!rc) p->src->match[slot].similarity = SIM_BM25; /* for a sample */
  return rc;
}

/* The arguments are known before any row is read. */
static int fromArg(Compile *c, Plan *p, char want, Expr **e) {
  u8 type = snTableFuncType(want);
  if (want == 'c') return fromColumnArg(c, p, e);
  int rc = snResolve(c, NULL, e, 0);
  if (!rc && !snResolveConst(*e))
    rc = snParseError(c->p, (*e)->at, "an argument of %s() in FROM is a "
        "constant or a parameter", p->call->name);
  if (!rc && type == TYPE_INTERVAL && (*e)->type != type)
    rc = snParseError(c->p, (*e)->at, "the step of %s() is an interval: "
        "INTERVAL '1 day'", p->call->name);
  if (!rc && !(type == TYPE_TEXT && snTypeIsString((*e)->type)))
    rc = snResolveCast(c, e, type);
  return rc || want != 'q' ? rc : fromQueryArg(c, p, *e);
}

static int fromArgs(Compile *c, Plan *p, const From *f) {
  const char *want = p->call->args;
  int rc = SEINE_OK;
  for (u32 k = 0; !rc && f->args && k < f->args->n; k++, want++) {
    if (*want == '?') want++;
    rc = fromArg(c, p, *want, &f->args->v[k].e);
  }
  return rc;
}

static int fromCount(Compile *c, const From *f, const TableFunc *t) {
  u32 n = f->args ? f->args->n : 0;
  for (u32 k = 0; k < n; k++)
    if (f->args->v[k].alias)
      return snParseError(c->p, f->args->v[k].e->at, "%s() knows its "
          "arguments by their places, not by names", t->name);
  u32 least = (u32)strcspn(t->args, "?"), most = (u32)strlen(t->args);
  if (least < most) most--;
  if (n >= least && n <= most) return SEINE_OK;
  return snParseError(c->p, f->name.at, "%s() takes %u%s argument%s, not %u",
      t->name, least, least < most ? " or more" : "", most == 1 ? "" : "s", n);
}

static int fromCall(Compile *c, Plan *outer, Source *s, From *f) {
  const TableFunc *t = fromFunction(c, f);
  Plan *p = snArenaZero(c->arena, sizeof *p);
  if (!t || !p) return t ? SN_NOMEM : c->p->rc;
  int rc = fromOverload(c, outer, s, f, &t);
  if (!rc) rc = fromCount(c, f, t);
  if (!rc && s->expand) {
    rc = snLateralCall(c, s, f);
    return rc ? rc : fromRename(c, s, f->cols, f->name.at);
  }
  p->call = t;
  if (!rc) rc = fromArgs(c, p, f);
  p->s = snAstSelect(c->p, f->name.at);
  p->args = f->args;
  s->sub = p;
  for (u32 k = 0; !rc && t->types[k]; k++) {
    Expr *e = snAstNew(c->p, EX_COLUMN, f->name.at);
    if (!e) return c->p->rc;
    e->i = k;
    e->type = snTableFuncType(t->types[k]);
    rc = snPlanOut(c, p, e, t->names[k]);
  }
  return rc ? rc : fromRename(c, s, f->cols, f->name.at);
}

/* Rows of a nested join keep the names of their tables: see OutColumn. */
static int fromNest(Compile *c, Plan *p, Source *s, From *f) {
  Select *sel = snAstSelect(c->p, f->at);
  if (!sel) return c->p->rc;
  sel->from = f->nest;
  sel->cols = snAstList(c->p, NULL, snAstNew(c->p, EX_STAR, f->at));
  int rc = snPlanSelect(c, p->outer, sel, &s->sub);
  s->nested = true;
  return rc;
}

/* Planning changes a select: each use has its own copy.  What is around the
** select that the WITH stands before is around this one where it is read in
** that select or in its FROM. */
static int fromNamed(Compile *c, const Plan *p, Source *s, With *w,
    const From *f) {
  With *outer = c->with;
  Plan *around = w->owner->outer == p->outer ? p->outer : NULL;
  w->busy = true;
  c->with = w; /* names before it, and itself to find cycles */
  Select *sel = snAstCopySelect(c->p, w->select);
  int rc = sel ? fromSub(c, around, s, sel, w->cols, f->name.at) : c->p->rc;
  c->with = outer;
  w->busy = false;
  return rc;
}

int snPlanIndexed(Compile *c, const Table *t, Token name) {
  const char *s = name.n ? snAstText(c->p, name) : NULL;
  Nearest near;
  if (!s) return c->p->rc;
  snNearestInit(&near, s);
  for (u32 k = 0; t && k < t->nkey; k++) {
    const char *own = t->key[k].kind > KEY_UNIQUE ? t->key[k].name : NULL;
    if (!own) continue;
    if (snAsciiEq(own, strlen(own), s, strlen(s))) return SEINE_OK;
    snNearestAdd(&near, own);
  }
  snNearestHint(&near, c->err);
  return snParseError(c->p, name.at, "no such index: %s%s%s", s,
      t ? " of table " : "", t ? t->name : "");
}

/* Is it the name of a table, not of a WITH or a view? */
static bool fromIsTable(Compile *c, const From *f) {
  bool self = false;
  if (f->select || f->call || f->nest || f->file) return false;
  const char *name = snAstText(c->p, f->name);
  return !fromWith(c, name, &self) && !snSessionObjectFind(c->session,
      OBJECT_VIEW, name, strlen(name));
}

static int fromSamples(Compile *c, Select *s) {
  int rc = SEINE_OK;
  for (From *f = s->from; !rc && f; f = f->next)
    if (f->sample) rc = snSample(c, s, f, fromIsTable(c, f));
  return rc;
}

static int fromSource(Compile *c, Plan *p, Source *s, From *f) {
  s->from = f;
  s->alias = f->alias;
  s->cursor = NO_REG;
  s->join = f->join;
  s->asof = f->asof;
  int rc = f->nest ? SEINE_OK : snInfilePlan(c, f, &s->sub);
  if (rc || s->sub) return rc ? rc : fromRename(c, s, f->cols, f->name.at);
  if (f->call) return fromCall(c, p, s, f);
  if (f->nest) return fromNest(c, p, s, f);
  if (f->lateral && s > p->src) {
    rc = snLateralSelect(c, p, s, f);
    return rc ? rc : fromRename(c, s, f->cols, f->select->at);
  }
  if (f->select)
    return fromSub(c, p->outer, s, f->select, f->cols, f->select->at);
  const char *name = snAstText(c->p, f->name);
  bool self = false;
  With *w = fromWith(c, name, &self);
  TableState *t = NULL;
  rc = self && !w ? snSessionFind(c->session, name, strlen(name), &t)
                      : SEINE_OK;
  if (rc) return rc;
  if (w) rc = snPlanIndexed(c, NULL, f->index);
  if (w && !rc) rc = snPlanWaits(c, w, f);
  if (rc) return rc;
  if (w && w->rows) return snPlanRows(s, w);
  if (w) return fromNamed(c, p, s, w, f);
  if (self && !t)
    return snParseError(c->p, f->name.at, "%s refers to itself: that needs "
        "WITH RECURSIVE, and a UNION of a first select with one that reads "
        "%s", name, name);
  rc = snViewPlan(c, f->name, &s->sub);
  if (!rc && s->sub) s->view = name;
  if (!rc && s->sub) rc = snPlanIndexed(c, NULL, f->index);
  if (rc || s->sub) return rc;
  rc = snResolveTable(c, f->name, &t);
  if (!rc) rc = snPlanIndexed(c, t->table, f->index);
  if (rc) return rc;
  s->table = t->table;
  rc = snGuard(c, f->name.at, SEINE_AUTH_READ, t->table->name, "");
  if (rc) return rc;
  for (u32 k = 0; k < t->nseg; k++) s->docs += t->seg[k].docs;
  s->docs += t->rows.docs;
  return SEINE_OK;
}

/* ---- conditions --------------------------------------------------------- */

/* keyword = constant is answered by the postings of the value: they skip what
** cannot match and are never larger than a scan. */
static int fromLookup(Compile *c, Plan *p, Expr *e) {
  if (e->kind != EX_COMPARE || e->op != CMP_EQ) return SEINE_OK;
  bool left = snResolveConst(e->right);
  Expr *col = left ? e->left : e->right, *value = left ? e->right : e->left;
  u32 slot;
  if (col->kind != EX_COLUMN || !snResolveConst(value) ||
      !p->src[col->src].table || col->i == (i64)ROWID_COLUMN)
    return SEINE_OK;
  bool key = col->type == TYPE_KEYWORD && snTypeIsString(value->type);
  if (!key && (col->type != TYPE_IP || value->type != TYPE_IP))
    return SEINE_OK;
  QueryColumn where = {(u32)col->i, 1};
  QueryAsk ask = {.form = ASK_EXACT, .boost = 1, .ncol = 1, .col = &where};
  int rc = snResolveSlot(c, p->src + col->src, &ask, value, &slot);
  if (rc) return rc;
  e->kind = EX_HIT;
  e->src = col->src;
  e->slot = slot;
  e->left = e->right = NULL;
  return SEINE_OK;
}

/* A list of conditions in work: those of WHERE, or of one join. */
typedef struct FromList {
  ExprList *to;
  u64 only;            /* look-ups of these sources alone */
} FromList;

static int fromDrive(Compile *c, Plan *p, const FromList *l, Expr *e) {
  if (!(snPlanSources(p, e) & ~l->only)) {
    int rc = fromLookup(c, p, e);
    if (rc) return rc;
    if (e->kind == EX_HIT) p->src[e->src].match[e->slot].drives = true;
  }
  return snPlanAdd(c, l->to, e);
}

/* ---- what all sides of an OR have --------------------------------------- */

static int fromSplit(Compile *c, u8 kind, Expr *e, ExprList *out) {
  if (e->kind != kind) return snPlanAdd(c, out, e);
  int rc = fromSplit(c, kind, e->left, out);
  return rc ? rc : fromSplit(c, kind, e->right, out);
}

bool snPlanHas(const ExprList *l, const Expr *e) {
  for (u32 i = 0; i < l->n; i++)
    if (snAstSame(l->v[i].e, e)) return true;
  return false;
}

static Expr *fromJoin(Compile *c, ExprKind kind, Expr *a, Expr *b) {
  Expr *e = a ? snAstNode(c->p, kind, a, b) : b;
  if (e) e->type = TYPE_BOOLEAN;
  return e;
}

/* (a AND x) OR (a AND y) = a AND (x OR y): a may be the key of a join. */
static int fromFactor(Compile *c, Expr **at) {
  ExprList sides = {0}, common = {0}, *parts;
  int rc = (*at)->kind == EX_OR ? fromSplit(c, EX_OR, *at, &sides) : SEINE_OK;
  if (rc || sides.n < 2 || sides.n > 64) return rc;
  parts = snArenaZero(c->arena, sides.n * sizeof *parts);
  if (!parts) return SN_NOMEM;
  for (u32 i = 0; !rc && i < sides.n; i++)
    rc = fromSplit(c, EX_AND, sides.v[i].e, parts + i);
  for (u32 k = 0; !rc && k < parts[0].n; k++) {
    Expr *e = parts[0].v[k].e;
    bool all = true;
    for (u32 i = 1; i < sides.n; i++) all &= snPlanHas(parts + i, e);
    if (all && !snPlanHas(&common, e)) rc = snPlanAdd(c, &common, e);
  }
  if (rc || !common.n) return rc;
  Expr *any = NULL, *all = NULL;
  for (u32 i = 0; i < sides.n; i++) {
    Expr *side = NULL;
    for (u32 k = 0; k < parts[i].n; k++)
      if (!snPlanHas(&common, parts[i].v[k].e))
        side = fromJoin(c, EX_AND, side, parts[i].v[k].e);
    if (!side) break; /* nothing else is asked of it: nor of the others */
    any = fromJoin(c, EX_OR, any, side);
    if (i + 1 == sides.n) all = any;
  }
  for (u32 k = 0; k < common.n; k++)
    all = fromJoin(c, EX_AND, all, common.v[k].e);
  if (!c->p->rc) *at = all;
  return c->p->rc;
}

static bool fromPlain(void *arg, Expr **at) {
  switch ((*at)->kind) {
  case EX_COLUMN: case EX_INT: case EX_REAL: case EX_STR: case EX_BOOL:
  case EX_PARAM: case EX_COMPARE: case EX_ISNULL: case EX_IS: case EX_IN:
  case EX_LIKE: return true;
  default: *(bool *)arg = false; return false;
  }
}

/* The parts of one side of an OR that ask source s alone, and cost little. */
static int fromSide(Compile *c, const Plan *p, u32 s, Expr *side,
    Expr **out) {
  ExprList parts = {0};
  int rc = fromSplit(c, EX_AND, side, &parts);
  for (u32 k = 0; !rc && k < parts.n; k++) {
    Expr *e = parts.v[k].e;
    bool plain = snPlanSources(p, e) == 1ull << s;
    if (plain) snAstWalk(&e, fromPlain, &plain);
    if (plain) *out = fromJoin(c, EX_AND, *out, e);
    rc = c->p->rc;
  }
  return rc;
}

/* (a AND x) OR (b AND y), a and b of one source: a OR b is asked before rows
** of it are joined. */
static int fromImplied(Compile *c, const Plan *p, Expr *e, ExprList *out) {
  ExprList sides = {0};
  u64 all = e->kind == EX_OR ? snPlanSources(p, e) : 0;
  if (!(all & (all - 1))) return SEINE_OK;
  int rc = fromSplit(c, EX_OR, e, &sides);
  for (; !rc && all; all &= all - 1) {
    u32 s = (u32)__builtin_ctzll(all);
    Expr *any = NULL, *part = NULL;
    for (u32 i = 0; !rc && i < sides.n && (part || !i); i++) {
      part = NULL;
      rc = fromSide(c, p, s, sides.v[i].e, &part);
      if (part) any = fromJoin(c, EX_OR, any, part);
    }
    if (!rc && part) rc = snPlanAdd(c, out, any);
  }
  return rc ? rc : c->p->rc;
}

/* Splits at AND, so that each part goes where its tables are read. */
static int fromConjuncts(Compile *c, Plan *p, const FromList *l, Expr *e) {
  int factor = fromFactor(c, &e);
  if (factor) return factor;
  while (e->kind == EX_AND) {
    int rc = fromConjuncts(c, p, l, e->right);
    if (rc) return rc;
    e = e->left;
  }
  int rc = fromImplied(c, p, e, l->to);
  return rc ? rc : fromDrive(c, p, l, e);
}

/* A MATCH that every row must pass is known before the rest is resolved:
** score() and highlight() may stand beside it. */
static int fromMatches(Compile *c, Plan *p, const FromList *l, Expr **at) {
  while ((*at)->kind == EX_AND) {
    int rc = fromMatches(c, p, l, &(*at)->right);
    if (rc) return rc;
    at = &(*at)->left;
  }
  if (!snResolveIsMatch(*at)) return SEINE_OK;
  int rc = snResolve(c, p, at, RES_ALIAS);
  if (!rc && (*at)->kind == EX_HIT &&
      l->only >> (*at)->src & 1)
    p->src[(*at)->src].match[(*at)->slot].drives = true;
  return rc;
}

static int fromCondition(Compile *c, Plan *p, const FromList *l, Expr *e) {
  if (!e) return SEINE_OK;
  int rc = fromMatches(c, p, l, &e);
  if (!rc) rc = snResolve(c, p, &e, RES_ALIAS);
  if (!rc) rc = snResolveBool(c, &e);
  return rc ? rc : fromConjuncts(c, p, l, e);
}

/* Which row of an ASOF join is the nearest is known before WHERE asks it. */
static FromList fromWhere(Plan *p) {
  FromList l = {&p->conj, ~0ull};
  for (u32 s = 0; s < p->nsrc; s++)
    if (p->src[s].asof) l.only &= ~(1ull << s);
  return l;
}

int snPlanWhere(Compile *c, Plan *p, Expr *where) {
  FromList l = fromWhere(p);
  return fromCondition(c, p, &l, where);
}

/* ---- what becomes NULL --------------------------------------------------- */

static bool fromIsNull(const Expr *e, u32 s);

static bool fromAnyNull(const ExprList *l, u32 s) {
  for (u32 i = 0; l && i < l->n; i++)
    if (fromIsNull(l->v[i].e, s)) return true;
  return false;
}

/* Certainly NULL when all columns of a source are. */
static bool fromIsNull(const Expr *e, u32 s) {
  switch (e->kind) {
  case EX_COLUMN: case EX_SCORE: return e->src == s;
  case EX_CAST: case EX_NEG: case EX_NOT: case EX_IN:
    return fromIsNull(e->left, s);
  case EX_ARITH: case EX_CONCAT: case EX_COMPARE: case EX_LIKE:
    return fromIsNull(e->left, s) || fromIsNull(e->right, s);
  case EX_AND: case EX_OR:
    return fromIsNull(e->left, s) && fromIsNull(e->right, s);
  case EX_FUNC:
    return !(e->func->flags & FUNC_NULLS) && fromAnyNull(e->list, s);
  default: return false;
  }
}

/* No row of NULLs of that source passes. */
static bool fromRejects(const Expr *e, u32 s) {
  switch (e->kind) {
  case EX_HIT: return e->src == s;
  case EX_AND: return fromRejects(e->left, s) || fromRejects(e->right, s);
  case EX_OR: return fromRejects(e->left, s) && fromRejects(e->right, s);
  case EX_ISNULL: return e->negate && fromIsNull(e->left, s);
  default: return fromIsNull(e, s);
  }
}

/* An outer join whose lone rows WHERE refuses is none. */
static void fromStrengthen(Plan *p) {
  for (u32 s = 1; s < p->nsrc; s++) {
    Source *src = p->src + s;
    if (src->join > JOIN_FULL) continue;
    for (u32 i = 0; i < p->conj.n; i++) {
      const Expr *e = p->conj.v[i].e;
      if (fromRejects(e, s)) src->join &= (u8)~JOIN_LEFT;
      for (u32 k = 0; k < s; k++)
        if (fromRejects(e, k)) src->join &= (u8)~JOIN_RIGHT;
    }
  }
}

/* Conditions of inner joins are WHERE's, where no later join brings rows
** back. */
static int fromSettle(Compile *c, Plan *p) {
  int rc = SEINE_OK;
  bool right = false;
  fromStrengthen(p);
  for (u32 s = 1; s < p->nsrc; s++)
    right |= p->src[s].join == JOIN_RIGHT || p->src[s].join == JOIN_FULL;
  for (u32 s = 1; s < p->nsrc; s++) {
    Source *src = p->src + s;
    u8 kind = src->join;
    src->late = kind == JOIN_LEFT || kind == JOIN_FULL || src->asof ? s : 0;
    for (u32 k = 0; k < s && (kind == JOIN_RIGHT || kind == JOIN_FULL); k++)
      p->src[k].late = s;
    if (kind != JOIN_INNER || right || src->asof) continue;
    for (u32 i = 0; !rc && i < src->on.n; i++) {
      FromList l = fromWhere(p);
      rc = fromDrive(c, p, &l, src->on.v[i].e);
    }
    src->on.n = 0;
  }
  return rc;
}

/* ---- where a condition is asked ------------------------------------------ */

static bool fromUses(void *arg, Expr **at) {
  const Expr *e = *at;
  if (e->kind == EX_COLUMN || e->kind == EX_SCORE || e->kind == EX_WHY ||
      e->kind == EX_HIT || e->kind == EX_MARK)
    *(u64 *)arg |= 1ull << e->src;
  return true;
}

u64 snPlanSources(const Plan *p, const Expr *e) {
  Expr *root = (Expr *)(uintptr_t)e;
  u64 m = 0;
  (void)p;
  snAstWalk(&root, fromUses, &m);
  return m;
}

u32 snPlanLevel(const Plan *p, u32 src) {
  u32 k = 0;
  while (k < p->nsrc && p->seq[k] != src) k++;
  return k;
}

static bool fromIsRight(const Source *s) {
  return s->join == JOIN_RIGHT || s->join == JOIN_FULL;
}

u32 snPlanPlace(const Plan *p, const Expr *e) {
  u64 m = snPlanSources(p, e);
  u32 at = 0, n = 0, first = 0;
  for (u32 s = 0; s < p->nsrc; s++) {
    if (!m && fromIsRight(p->src + s)) at = SN_MAX(at, snPlanLevel(p, s));
    if (!(m >> s & 1)) continue;
    at = SN_MAX(at, snPlanLevel(p, s));
    if (p->src[s].late) at = SN_MAX(at, snPlanLevel(p, p->src[s].late));
    n += p->src[s].late || snPlanNeedsRows(p->src + s)
        ? 2 : 1; /* one, and its rows are what they will be */
    first = s;
  }
  if (!m) return at ? PLACE_JOIN + at : p->nsrc ? p->seq[0] : 0;
  return n > 1 ? PLACE_JOIN + at : first;
}

u32 snPlanPlaceOn(const Plan *p, u32 s, const Expr *e) {
  bool scan = snPlanSources(p, e) == 1ull << s &&
      !fromIsRight(p->src + s) && !snPlanNeedsRows(p->src + s);
  return scan ? s : PLACE_JOIN + snPlanLevel(p, s);
}

/* ---- joins -------------------------------------------------------------- */

/* The value that the sources before s have under a name of USING. */
static int fromBefore(Compile *c, Plan *p, u32 s, const Expr *name,
    Expr **out) {
  *out = NULL;
  for (u32 k = 0; !*out && k < s; k++) {
    int col = snPlanColumn(p->src + k, name->text, name->len);
    if (col < 0 || p->src[k].join >= JOIN_SEMI) continue;
    *out = snPlanColumnNew(c, p, k, (u32)col, name->at);
    int rc = *out ? snPlanMerged(c, p, k, s, name->text, out) : c->p->rc;
    if (rc) return rc;
  }
  return SEINE_OK;
}

bool snPlanIsUsing(const Source *s, const char *name) {
  const ExprList *l = s->from ? s->from->using_ : NULL;
  for (u32 i = 0; l && i < l->n; i++)
    if (snAsciiEq(l->v[i].e->text, l->v[i].e->len, name, strlen(name)))
      return true;
  return false;
}

/* Behind a right or full join a column of USING is that of either side. */
int snPlanMerged(Compile *c, Plan *p, u32 from, u32 to, const char *name,
    Expr **e) {
  int rc = SEINE_OK;
  for (u32 s = from + 1; !rc && s < to; s++) {
    const Source *src = p->src + s;
    u8 kind = src->from ? src->from->join : JOIN_INNER;
    if ((kind != JOIN_RIGHT && kind != JOIN_FULL) ||
        !snPlanIsUsing(src, name))
      continue;
    int col = snPlanColumn(src, name, strlen(name));
    Expr *own = snPlanColumnNew(c, p, s, (u32)col, (*e)->at);
    Token either = {"coalesce", 8, (*e)->at};
    *e = snAstCall(c->p, either, snAstList(c->p,
        snAstList(c->p, NULL, *e), own));
    rc = *e ? snResolve(c, p, e, 0) : c->p->rc;
  }
  return rc;
}

/* USING (a, b): equal columns of this source and of one before it; the last
** one of an ASOF join is that by which the nearest row is told. */
static int fromUsing(Compile *c, Plan *p, u32 s, const FromList *l) {
  ExprList *names = p->src[s].from->using_;
  for (u32 i = 0; names && i < names->n; i++) {
    Expr *n = names->v[i].e, *left;
    int col = snPlanColumn(p->src + s, n->text, n->len);
    int rc = fromBefore(c, p, s, n, &left);
    if (rc) return rc;
    if (!left || col < 0)
      return snParseError(c->p, n->at, "column %s is not on both sides of "
          "the join", n->text);
    bool nearest = p->src[s].asof && i + 1 == names->n;
    Expr *eq = snAstOp(c->p, EX_COMPARE, nearest ? CMP_GE : CMP_EQ, left,
        snPlanColumnNew(c, p, s, (u32)col, n->at));
    rc = eq ? fromCondition(c, p, l, eq) : c->p->rc;
    if (rc) return rc;
  }
  return SEINE_OK;
}

/* NATURAL is USING of all names that both sides have. */
static int fromNatural(Compile *c, Plan *p, u32 s) {
  Source *src = p->src + s;
  if (!src->from->natural) return SEINE_OK;
  if (src->from->on || src->from->using_)
    return snParseError(c->p, src->from->at, "a NATURAL join has no ON and "
        "no USING");
  for (u32 i = 0; i < snPlanColumns(src); i++) {
    const char *name = snPlanColumnName(src, i);
    bool both = false;
    for (u32 k = 0; k < s; k++)
      both |= p->src[k].join < JOIN_SEMI &&
          snPlanColumn(p->src + k, name, strlen(name)) >= 0;
    if (!both) continue;
    Expr *e = snAstNew(c->p, EX_NAME, src->from->at);
    if (!e) return c->p->rc;
    e->text = name;
    e->len = (u32)strlen(name);
    src->from->using_ = snAstList(c->p, src->from->using_, e);
  }
  return c->p->rc;
}

/* Sources behind s are not seen by its condition. */
static int fromOn(Compile *c, Plan *p, u32 s) {
  Source *src = p->src + s;
  u32 all = p->nsrc;
  bool right = src->join == JOIN_RIGHT || src->join == JOIN_FULL;
  FromList l = {&src->on, right ? 0 : 1ull << s};
  if ((right || src->asof) && (src->expand || src->lateral))
    return snParseError(c->p, p->s->at, "what depends on the sources before "
        "it cannot be joined by a RIGHT, FULL or ASOF JOIN");
  p->nsrc = s + 1;
  int rc = fromNatural(c, p, s);
  if (!rc) rc = fromUsing(c, p, s, &l);
  if (!rc) rc = fromCondition(c, p, &l, src->from->on);
  p->nsrc = all;
  return rc;
}

/* a JOIN (b JOIN c ON x) ON y without outer joins is one list. */
static bool fromIsFlat(const From *f, bool first) {
  if (!f->nest || f->join || f->asof || f->using_ || f->natural) return false;
  for (const From *n = first ? NULL : f->nest; n; n = n->next)
    if (n->join || n->asof || n->using_ || n->natural || n->nest)
      return false;
  return true;
}

static From *fromFlatten(Compile *c, From *list) {
  From *first = list, **at = &first;
  while (*at) {
    From *f = *at, *last = f->nest;
    if (!fromIsFlat(f, f == list)) {
      at = &f->next;
      continue;
    }
    while (last->next) last = last->next;
    if (f->on)
      last->on = last->on ? snAstNode(c->p, EX_AND, last->on, f->on) : f->on;
    last->next = f->next;
    *at = f->nest;
    if (f == list) list = first;
  }
  return first;
}

int snPlanFrom(Compile *c, Plan *p) {
  u32 n = 0;
  p->s->from = fromFlatten(c, p->s->from);
  int rc = fromSamples(c, p->s);
  for (From *f = p->s->from; f; f = f->next) n++;
  if (n > SQL_SOURCES) return snParseSources(c->p, p->s->at);
  p->src = snArenaZero(c->arena, (n + 3) * sizeof *p->src); /* a domain too, */
  p->seq = snArenaZero(c->arena, (n + 3) * sizeof *p->seq); /* ... one row */
  if (!p->src || !p->seq) return SN_NOMEM;
  for (u32 k = 0; k < n + 2; k++) p->seq[k] = k;
  for (From *f = p->s->from; !rc && f; f = f->next) {
    rc = fromSource(c, p, p->src + p->nsrc++, f);
    if (rc || p->nsrc > 1 || !p->src->expand) continue;
    rc = n < SQL_SOURCES ? snLateralFirst(c, p)
                         : snParseSources(c->p, p->s->at);
  }
  for (u32 s = 1; !rc && s < p->nsrc; s++) {
    rc = fromOn(c, p, s);
    p->src[s].hidden |= p->src[s].join >= JOIN_SEMI;
  }
  if (!rc) rc = snPlanWhere(c, p, p->s->where);
  return rc ? rc : fromSettle(c, p);
}
