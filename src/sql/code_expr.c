/*
** code_expr: expressions to instructions.
**
** An Env says where values of the current batch stand.  What was computed
** once under a selection is bound to its register and found again; inside a
** branch of CASE, bindings made there end with the branch.
** Constants are collected apart and run once, before everything else.
*/
#include "sql/plan.h"

typedef struct ConstDef {
  struct ConstDef *next, *twin; /* in order; of the same bucket */
  const Expr *e;
  u16 reg;
} ConstDef;

/* Each constant once: a statement may hold tens of thousands. */
#define EXPR_BUCKETS 512u
typedef struct ConstSet {
  ConstDef *first, *last;
  ConstDef *bucket[EXPR_BUCKETS];
} ConstSet;

void *snCodeAlloc(Compile *c, size_t n) {
  void *p = snArenaZero(&c->prog->arena, n);
  if (!p && !c->prog->rc) c->prog->rc = SN_NOMEM;
  return p;
}

u32 snCodeAdd(Compile *c, u8 op, u16 sel, u16 dst, u16 a, u16 b) {
  return snProgAdd(c->prog, op, sel, dst, a, b);
}

u32 snCodeHere(Compile *c) { return c->prog->n; }

void snCodeLoop(Compile *c, u32 next) {
  u32 back = snCodeAdd(c, OP_Goto, NO_REG, NO_REG, NO_REG, NO_REG);
  snProgJump(c->prog, back, next);
  snProgJump(c->prog, next, snCodeHere(c));
}

PartsDef *snCodeParts(Compile *c, u32 most) {
  PartsDef *d = snCodeAlloc(c, sizeof *d);
  if (!d) return NULL;
  d->obj = snCodeAlloc(c, (most + 1) * sizeof *d->obj);
  d->from = d->through = snCodeHere(c);
  return d->obj ? d : NULL;
}

int snCodePartsEnd(Compile *c, PartsDef *d) {
  if (!d->n) return c->prog->rc;
  d->end = snCodeAdd(c, OP_Parts, NO_REG, NO_REG, NO_REG, NO_REG);
  snProgAt(c->prog, d->end)->p = d;
  snProgJump(c->prog, d->end, d->from);
  return c->prog->rc;
}

/* ---- environments ------------------------------------------------------- */

int snEnvInit(Compile *c, Env *v, Plan *p, u16 sel) {
  memset(v, 0, sizeof *v);
  v->plan = p;
  v->sel = sel;
  u32 n = p ? p->nsrc : 0;
  v->mode = snArenaZero(c->arena, n + 1);
  v->ref = snArenaZero(c->arena, (n + 1) * sizeof *v->ref);
  return v->mode && v->ref ? SEINE_OK : SN_NOMEM;
}

int snEnvBind(Compile *c, Env *v, const Expr *e, u16 reg) {
  if (v->n == v->cap) {
    u32 cap = v->cap ? v->cap * 2 : 16;
    Bind *b = snArenaAlloc(c->arena, cap * sizeof *b);
    if (!b) return SN_NOMEM;
    if (v->n) memcpy(b, v->bind, v->n * sizeof *b);
    v->bind = b;
    v->cap = cap;
  }
  v->bind[v->n++] = (Bind){e, reg};
  return SEINE_OK;
}

bool snEnvBound(const Env *v, const Expr *e, u16 *reg) {
  for (u32 i = v->n; i-- > 0;) {
    if (!snAstSame(v->bind[i].e, e)) continue;
    *reg = v->bind[i].reg;
    return true;
  }
  return false;
}

/* ---- leaves ------------------------------------------------------------- */

typedef struct LeafWalk { Compile *c; ExprList *out; } LeafWalk;

static bool exprLeaf(void *arg, Expr **at) {
  LeafWalk *w = arg;
  const Expr *e = *at;
  switch (e->kind) {
  case EX_COLUMN: case EX_SLOT: case EX_SCORE: case EX_WHY: case EX_HIT:
  case EX_WINDOW:
    break;
  default: return true;
  }
  for (u32 i = 0; i < w->out->n; i++)
    if (snAstSame(w->out->v[i].e, e)) return false;
  (void)snAstList(w->c->p, w->out, *at);
  return false;
}

int snCodeLeaves(Compile *c, const Expr *e, ExprList *out) {
  LeafWalk w = {c, out};
  Expr *root = (Expr *)(uintptr_t)e;
  snAstWalk(&root, exprLeaf, &w);
  return c->p->rc;
}

/* ---- constants ---------------------------------------------------------- */

static Vec *exprVec(Compile *c, u8 type, const void *data, size_t n) {
  Vec *v = snCodeAlloc(c, sizeof *v);
  if (!v) return NULL;
  v->type = type;
  v->form = VEC_CONST;
  v->data = snCodeAlloc(c, sizeof(Str));
  if (!v->data) return NULL;
  if (n) memcpy(v->data, data, n);
  if (n) return v;
  v->nulls = snCodeAlloc(c, sizeof(u64));
  if (v->nulls) snBitSet(v->nulls, 0);
  return v;
}

static Vec *exprLiteral(Compile *c, const Expr *e) {
  switch (e->kind) {
  case EX_INT: return exprVec(c, e->type, &e->i, 8);
  case EX_REAL: return exprVec(c, e->type, &e->d, 8);
  case EX_BOOL: {
    u64 bit = e->i != 0;
    return exprVec(c, e->type, &bit, 8);
  }
  case EX_STR:
  case EX_BLOB:
  case EX_INTERVAL: {
    u8 *p = snArenaAlloc(&c->prog->arena, e->len + 1);
    if (!p) return NULL;
    memcpy(p, e->text, e->len);
    Str s = {p, e->len, 0};
    return exprVec(c, e->type, &s, sizeof s);
  }
  default: return exprVec(c, e->type, NULL, 0);
  }
}

static u32 exprConstBucket(const Expr *e) {
  u64 h = e->kind;
  for (; e; e = e->left) {
    u64 word[3] = {e->type, (u64)e->i, 0};
    if (e->kind == EX_REAL) memcpy(word + 2, &e->d, 8);
    h = snHash(word, sizeof word, h);
    if (e->len) h = snHash(e->text, e->len, h);
  }
  return (u32)(h % EXPR_BUCKETS);
}

static int exprConstAdd(Compile *c, const Expr *e, u32 bucket, u16 *reg) {
  ConstDef *d = snArenaZero(c->arena, sizeof *d);
  ConstSet *s = c->consts;
  if (!d) return SN_NOMEM;
  *reg = d->reg = snProgReg(c->prog, e->type);
  d->e = e;
  d->twin = s->bucket[bucket];
  s->bucket[bucket] = d;
  if (s->last) s->last->next = d;
  else s->first = d;
  s->last = d;
  return c->prog->rc;
}

int snCodeConst(Compile *c, const Expr *e, u16 *reg) {
  if (snCompileTurn(c)) return c->p->rc;
  u32 bucket = exprConstBucket(e);
  if (!c->consts) c->consts = snArenaZero(c->arena, sizeof *c->consts);
  if (!c->consts) return SN_NOMEM;
  for (ConstDef *d = c->consts->bucket[bucket]; d; d = d->twin) {
    if (!snAstSame(d->e, e)) continue;
    *reg = d->reg;
    return SEINE_OK;
  }
  if (e->kind == EX_CAST) { /* what is cast comes first */
    u16 inner;
    int rc = snCodeConst(c, e->left, &inner);
    if (rc) return rc;
  }
  return exprConstAdd(c, e, bucket, reg);
}

/* The instructions of all constants, emitted at the end of the program. */
int snCodeConsts(Compile *c) {
  for (ConstDef *d = c->consts ? c->consts->first : NULL; d; d = d->next) {
    const Expr *e = d->e;
    u32 at;
    if (e->kind == EX_CAST) {
      u16 from;
      int rc = snCodeConst(c, e->left, &from);
      if (rc) return rc;
      at = snCodeAdd(c, OP_Cast, NO_REG, d->reg, from, NO_REG);
      snProgAt(c->prog, at)->flag = e->negate;
    } else if (e->kind == EX_PARAM) {
      at = snCodeAdd(c, OP_Param, NO_REG, d->reg, NO_REG, NO_REG);
      snProgAt(c->prog, at)->k = e->i;
    } else if (e->kind == EX_NOW) {
      snCodeAdd(c, OP_Now, NO_REG, d->reg, NO_REG, NO_REG);
    } else {
      Vec *v = exprLiteral(c, e);
      if (!v) return SN_NOMEM;
      at = snCodeAdd(c, OP_Const, NO_REG, d->reg, NO_REG, NO_REG);
      snProgAt(c->prog, at)->p = v;
    }
  }
  return c->prog->rc;
}

/* ---- leaves to instructions --------------------------------------------- */

static const char *exprNote(Compile *c, const char *a, const char *b) {
  size_t n = strlen(a) + strlen(b) + 2;
  char *s = snCodeAlloc(c, n);
  if (s) snprintf(s, n, "%s.%s", a, b);
  return s;
}

const char *snCodeColumnNote(Compile *c, const Source *s, const Expr *e) {
  return exprNote(c, s->alias ? s->alias : "",
      e->i == (i64)ROWID_COLUMN ? "rowid"
                                : snPlanColumnName(s, (u32)e->i));
}

static int exprColumn(Compile *c, Env *v, const Expr *e, u16 *reg) {
  const Source *s = v->plan->src + e->src;
  u32 at;
  if (v->mode[e->src] == SRC_NONE || !s->table)
    return snParseError(c->p, e->at, "this cannot be computed here");
  *reg = snProgReg(c->prog, e->type);
  if (e->i == (i64)REF_COLUMN) {
    snCodeAdd(c, OP_RowRef, v->sel, *reg, s->cursor, NO_REG);
    return c->prog->rc;
  }
  if (v->mode[e->src] == SRC_CURSOR)
    at = snCodeAdd(c, OP_Column, v->sel, *reg, s->cursor, NO_REG);
  else
    at = snCodeAdd(c, OP_Fetch, v->sel, *reg, s->cursor, v->ref[e->src]);
  Instr *i = snProgAt(c->prog, at);
  i->k = e->i;
  i->note = snCodeColumnNote(c, s, e);
  return c->prog->rc;
}

static int exprHit(Compile *c, Env *v, const Expr *e, u16 *reg) {
  const Source *s = v->plan->src + e->src;
  u8 op = e->kind == EX_SCORE ? OP_Score : OP_MatchBits;
  if (v->mode[e->src] != SRC_CURSOR)
    return snParseError(c->p, e->at, "this can only be computed while its "
        "table is read");
  if (op == OP_MatchBits && s->match[e->slot].drives) {
    /* Every row that is here matches. */
    Expr *yes = snAstNew(c->p, EX_BOOL, e->at);
    if (!yes) return c->p->rc;
    yes->i = 1;
    yes->type = TYPE_BOOLEAN;
    return snCodeConst(c, yes, reg);
  }
  *reg = snProgReg(c->prog, e->type);
  snCodeAdd(c, op, v->sel, *reg, s->cursor, (u16)e->slot);
  return c->prog->rc;
}

/* Asked of references, so that it may wait until the rows are chosen. */
static int exprWhy(Compile *c, Env *v, const Expr *e, u16 *reg) {
  u16 cursor = v->plan->src[e->src].cursor, ref = v->ref[e->src];
  if (v->mode[e->src] == SRC_CURSOR) {
    ref = snProgReg(c->prog, TYPE_INTEGER);
    snCodeAdd(c, OP_RowRef, v->sel, ref, cursor, NO_REG);
  } else if (v->mode[e->src] != SRC_REF) {
    return snParseError(c->p, e->at, "this cannot be computed here");
  }
  *reg = snProgReg(c->prog, e->type);
  u32 at = snCodeAdd(c, OP_Why, v->sel, *reg, cursor, ref);
  Instr *i = snProgAt(c->prog, at);
  i->k = e->slot;
  i->flag = e->i != 0;
  return c->prog->rc;
}

static int exprMark(Compile *c, Env *v, const Expr *e, u16 *reg) {
  u16 text;
  int rc = snCodeExpr(c, v, e->left, &text);
  if (rc) return rc;
  const Marker *from = e->mark;
  Marker *m = snCodeAlloc(c, sizeof *m);
  if (!m) return SN_NOMEM;
  *m = *from;
  const char **strs[] = {&m->open, &m->close, &m->dots};
  for (u32 k = 0; k < 3; k++) {
    *strs[k] = snArenaDup(&c->prog->arena, *strs[k], strlen(*strs[k]));
    if (!*strs[k]) return SN_NOMEM;
  }
  *reg = snProgReg(c->prog, TYPE_TEXT);
  u32 at = snCodeAdd(c, OP_Mark, v->sel, *reg, text,
      v->plan->src[e->src].cursor);
  snProgAt(c->prog, at)->p = m;
  return c->prog->rc;
}

/* ---- operators ---------------------------------------------------------- */

static int exprBinary(Compile *c, Env *v, const Expr *e, u8 op, u16 *reg) {
  u16 a, b = NO_REG;
  int rc = snCodeExpr(c, v, e->left, &a);
  if (!rc && e->right) rc = snCodeExpr(c, v, e->right, &b);
  if (rc) return rc;
  if (op == OP_Compare && snResolveConst(e->left) &&
      !snResolveConst(e->right)) { /* constant to the right */
    static const u8 turned[] = {CMP_EQ, CMP_NE, CMP_GT, CMP_GE, CMP_LT,
        CMP_LE};
    *reg = snProgReg(c->prog, e->type);
    u32 at = snCodeAdd(c, op, v->sel, *reg, b, a);
    snProgAt(c->prog, at)->k = turned[e->op];
    return c->prog->rc;
  }
  *reg = snProgReg(c->prog, e->type);
  u32 at = snCodeAdd(c, op, v->sel, *reg, a, b);
  snProgAt(c->prog, at)->k = e->op;
  snProgAt(c->prog, at)->flag = e->negate;
  return c->prog->rc;
}

static int exprFunc(Compile *c, Env *v, const Expr *e, u16 *reg) {
  u32 n = e->list ? e->list->n : 0;
  FuncCallDef *d = snCodeAlloc(c, sizeof *d + n * sizeof(u16));
  if (!d) return SN_NOMEM;
  d->func = e->func;
  d->n = n;
  for (u32 k = 0; k < n; k++) {
    int rc = snCodeExpr(c, v, e->list->v[k].e, &d->arg[k]);
    if (rc) return rc;
  }
  *reg = snProgReg(c->prog, e->type);
  u32 at = snCodeAdd(c, OP_Func, v->sel, *reg, NO_REG, NO_REG);
  snProgAt(c->prog, at)->p = d;
  snProgAt(c->prog, at)->note = e->func->name;
  return c->prog->rc;
}

static int exprIn(Compile *c, Env *v, const Expr *e, u16 *reg) {
  u32 n = e->list ? e->list->n : 0;
  u16 a;
  RegList *d = snCodeAlloc(c, sizeof *d + n * sizeof(u16));
  int rc = snCodeExpr(c, v, e->left, &a);
  if (!rc && !d) rc = SN_NOMEM;
  for (u32 k = 0; !rc && k < n; k++)
    rc = snCodeConst(c, e->list->v[k].e, &d->reg[k]);
  if (rc) return rc;
  d->n = n;
  *reg = snProgReg(c->prog, TYPE_BOOLEAN);
  u32 at = snCodeAdd(c, OP_In, v->sel, *reg, a, NO_REG);
  snProgAt(c->prog, at)->p = d;
  snProgAt(c->prog, at)->k = snProgObj(c->prog);
  snProgAt(c->prog, at)->flag = e->negate;
  return c->prog->rc;
}

/* Each branch runs under the rows that reach it, so that an error in a branch
** not taken does not show. */
static int exprCase(Compile *c, Env *v, const Expr *e, u16 *reg) {
  ExprList leaves = {0};
  u16 sel = v->sel, rest = sel, r;
  int rc = snCodeLeaves(c, e, &leaves);
  for (u32 k = 0; !rc && k < leaves.n; k++)
    rc = snCodeExpr(c, v, leaves.v[k].e, &r);
  if (rc) return rc;
  *reg = snProgReg(c->prog, e->type);
  u32 at = snCodeAdd(c, OP_Blend, sel, *reg, NO_REG, NO_REG);
  snProgAt(c->prog, at)->flag = 1;
  u32 kept = v->n;
  for (u32 k = 0; !rc && k < e->list->n; k += 2) {
    u16 cond, value, yes = snProgSel(c->prog), no = snProgSel(c->prog);
    v->sel = rest;
    rc = snCodeExpr(c, v, e->list->v[k].e, &cond);
    if (rc) break;
    snCodeAdd(c, OP_Split, rest, yes, cond, no);
    v->sel = yes;
    rc = snCodeExpr(c, v, e->list->v[k + 1].e, &value);
    if (!rc) snCodeAdd(c, OP_Blend, yes, *reg, value, NO_REG);
    rest = no;
    v->n = kept;
  }
  if (!rc && e->right) {
    u16 value;
    v->sel = rest;
    rc = snCodeExpr(c, v, e->right, &value);
    if (!rc) snCodeAdd(c, OP_Blend, rest, *reg, value, NO_REG);
  }
  v->n = kept;
  v->sel = sel;
  return rc ? rc : c->prog->rc;
}

int snCodeExpr(Compile *c, Env *v, const Expr *e, u16 *reg) {
  int rc;
  *reg = NO_REG;
  if (snCompileTurn(c)) return c->p->rc;
  if (snStackLow()) return snParseDeep(c->p, e->at);
  if (snResolveConst(e)) return snCodeConst(c, e, reg);
  if (snEnvBound(v, e, reg)) return SEINE_OK;
  switch (e->kind) {
  case EX_COLUMN: rc = exprColumn(c, v, e, reg); break;
  case EX_SCORE:
  case EX_HIT: rc = exprHit(c, v, e, reg); break;
  case EX_WHY: rc = exprWhy(c, v, e, reg); break;
  case EX_MARK: rc = exprMark(c, v, e, reg); break;
  case EX_NEG: rc = exprBinary(c, v, e, OP_Neg, reg); break;
  case EX_NOT: rc = exprBinary(c, v, e, OP_Not, reg); break;
  case EX_ISNULL: rc = exprBinary(c, v, e, OP_IsNull, reg); break;
  case EX_IS: rc = exprBinary(c, v, e, OP_Is, reg); break;
  case EX_ARITH: rc = exprBinary(c, v, e, OP_Arith, reg); break;
  case EX_CONCAT: rc = exprBinary(c, v, e, OP_Concat, reg); break;
  case EX_COMPARE: rc = exprBinary(c, v, e, OP_Compare, reg); break;
  case EX_AND: rc = exprBinary(c, v, e, OP_And, reg); break;
  case EX_OR: rc = exprBinary(c, v, e, OP_Or, reg); break;
  case EX_LIKE: rc = exprBinary(c, v, e, OP_Like, reg); break;
  case EX_CAST: rc = exprBinary(c, v, e, OP_Cast, reg); break;
  case EX_IN: rc = exprIn(c, v, e, reg); break;
  case EX_CASE: rc = exprCase(c, v, e, reg); break;
  case EX_FUNC: rc = exprFunc(c, v, e, reg); break;
  case EX_FOLD: rc = snFoldCode(c, v, e, reg); break;
  case EX_LOOKUP: rc = snCodeLookup(c, v, e, reg); break;
  default:
    return snParseError(c->p, e->at, "this cannot be computed here");
  }
  if (rc) return rc;
  bool impure = e->kind == EX_FUNC && (e->func->flags & FUNC_IMPURE);
  return impure ? SEINE_OK : snEnvBind(c, v, e, *reg);
}

int snCodeApart(Compile *c, const OutColumn *out, u16 sel,
    const RegList *values, RegList **apart) {
  u32 n = values->n;
  RegList *l = snCodeAlloc(c, sizeof *l + (n + 1) * sizeof(u16));
  Env v;
  int rc = l ? snEnvInit(c, &v, NULL, sel) : SN_NOMEM;
  for (u32 k = 0; !rc && k < n; k++) {
    const Expr *e = out[k].e;
    l->reg[k] = values->reg[k];
    if (!snResolveIsCollated(e)) continue;
    Expr *x = snPlanSlot(c, k, e);
    rc = x ? snEnvBind(c, &v, x, l->reg[k]) : c->p->rc;
    if (!rc) rc = snResolveCollated(c, &x, e->collate);
    if (!rc) rc = snCodeExpr(c, &v, x, &l->reg[k]);
  }
  if (l) l->n = n;
  *apart = l;
  return rc;
}

#undef EXPR_BUCKETS
