/*
** code: a plan to loops.  Each stage emits its loop and calls its consumer
** for the body, so that rows flow from the innermost source outwards and no
** stage knows the next.
**
**   scan:   next:  Next cursor -> sel, else end;  conditions;  body;
**                  Goto next;  end:
**   group:  (scan: Group)  next: Groups, else end; body; Goto next; end:
**   window, sort: the same with SortAdd, then WinRun or Sort, then Sorted
*/
#include "sql/plan.h"

/* ---- conditions --------------------------------------------------------- */

static bool codeUses(const Expr *e, u32 src);

static bool codeUsesList(const ExprList *l, u32 src) {
  for (u32 i = 0; l && i < l->n; i++)
    if (codeUses(l->v[i].e, src)) return true;
  return false;
}

static bool codeUses(const Expr *e, u32 src) {
  if (!e) return false;
  if ((e->kind == EX_COLUMN || e->kind == EX_SCORE || e->kind == EX_WHY ||
          e->kind == EX_HIT || e->kind == EX_MARK) && e->src == src)
    return true;
  return codeUses(e->left, src) || codeUses(e->right, src) ||
      codeUses(e->third, src) || codeUses(e->filter, src) ||
      codeUsesList(e->list, src);
}

/* The sources of an expression as bits. */
static u64 codeSources(const Plan *p, const Expr *e) {
  u64 m = 0;
  for (u32 s = 0; s < p->nsrc; s++)
    if (codeUses(e, s)) m |= 1ull << s;
  return m;
}

/* column op constant, on numbers: answered by zones and packed values. */
bool snCodeIsWhere(const Plan *p, const Expr *e, const Expr **col,
    const Expr **value, u8 *op) {
  static const u8 turned[] = {CMP_EQ, CMP_NE, CMP_GT, CMP_GE, CMP_LT,
      CMP_LE};
  if (e->kind != EX_COMPARE || e->op == CMP_NE) return false;
  bool left = snResolveConst(e->right);
  *col = left ? e->left : e->right;
  *value = left ? e->right : e->left;
  *op = left ? e->op : turned[e->op];
  if ((*col)->kind != EX_COLUMN || !snResolveConst(*value)) return false;
  const Source *s = p->src + (*col)->src;
  if (!s->table || ((*col)->type & TYPE_ARRAY)) return false;
  return snTypeForm((*col)->type) == FORM_INT &&
      (*col)->type == (*value)->type;
}

int snCodeWhereDef(Compile *c, const Expr *col, const Expr *value,
    u8 op, WhereDef *d) {
  u16 reg;
  int rc = snCodeConst(c, value, &reg);
  *d = (WhereDef){(u32)col->i, NO_REG, NO_REG, op == CMP_GT, op == CMP_LT};
  if (op != CMP_LT && op != CMP_LE) d->lo = reg;
  if (op != CMP_GT && op != CMP_GE) d->hi = reg;
  return rc;
}

static int codeCondition(Compile *c, Env *v, const Expr *e) {
  const Expr *col, *value;
  u8 op;
  u16 reg;
  if (e->kind == EX_HIT && v->plan->src[e->src].match[e->slot].drives)
    return SEINE_OK;
  if (snCodeIsWhere(v->plan, e, &col, &value, &op) &&
      v->mode[col->src] == SRC_CURSOR) {
    WhereDef *d = snCodeAlloc(c, sizeof *d);
    int rc = d ? snCodeWhereDef(c, col, value, op, d) : SN_NOMEM;
    if (rc) return rc;
    const Source *s = v->plan->src + col->src;
    u32 at = snCodeAdd(c, OP_Where, v->sel, NO_REG, s->cursor, NO_REG);
    snProgAt(c->prog, at)->p = d;
    snProgAt(c->prog, at)->note = d->column == ROWID_COLUMN
        ? "rowid" : snArenaDup(&c->prog->arena,
              snPlanColumnName(s, d->column),
              strlen(snPlanColumnName(s, d->column)));
    return c->prog->rc;
  }
  int rc = snCodeExpr(c, v, e, &reg);
  if (!rc) snCodeAdd(c, OP_Select, v->sel, NO_REG, reg, NO_REG);
  return rc;
}

/* Columns first, scores last. */
static u32 codeCost(Compile *c, const Plan *p, const Expr *e) {
  const Expr *col, *value;
  ExprList leaves = {0};
  u8 op;
  (void)snCodeLeaves(c, e, &leaves);
  for (u32 i = 0; i < leaves.n; i++)
    if (leaves.v[i].e->kind == EX_SCORE) return 2;
  return snCodeIsWhere(p, e, &col, &value, &op) ? 0 : 1;
}

/* The constant that a score is not above when e is true, or NULL; *minus: of
** -score() and not below.  As deep as the parser allows. */
static const Expr *codeMost(const Expr *e, u32 slot, bool *minus) {
  if (e->kind == EX_AND) {
    const Expr *most = codeMost(e->left, slot, minus);
    return most ? most : codeMost(e->right, slot, minus);
  }
  if (e->kind == EX_OR) { /* (score(), x) < (1, 2) */
    bool other;
    const Expr *a = codeMost(e->left, slot, minus);
    const Expr *b = a ? codeMost(e->right, slot, &other) : NULL;
    return b && other == *minus && snAstSame(a, b) ? a : NULL;
  }
  if (e->kind != EX_COMPARE || e->op == CMP_NE) return NULL;
  bool left = snResolveConst(e->right);
  bool down = e->op == CMP_LT || e->op == CMP_LE;
  const Expr *score = left ? e->left : e->right;
  const Expr *value = left ? e->right : e->left;
  *minus = score->kind == EX_NEG;
  if (*minus) score = score->left;
  if (score->kind != EX_SCORE || score->slot != slot ||
      value->type != TYPE_REAL || !snResolveConst(value))
    return NULL;
  return e->op == CMP_EQ || down == (left != *minus) ? value : NULL;
}

/* A sort that needs few rows says what they must score, before any score is
** computed; conditions say what they may. */
static int codeBest(Compile *c, const Env *v, u32 next) {
  const Plan *p = v->plan;
  BestDef *d = snCodeAlloc(c, sizeof *d);
  int rc = d ? SEINE_OK : SN_NOMEM;
  for (u32 i = 0; !rc && i < p->conj.n && d->nmost < BEST_MOST; i++) {
    const Expr *most = codeMost(p->conj.v[i].e, p->by->key->slot,
        &d->minus[d->nmost]);
    if (most) rc = snCodeConst(c, most, &d->most[d->nmost++]);
  }
  if (rc) return rc;
  d->visit = p->by;
  u32 at = snCodeAdd(c, OP_Best, v->sel, NO_REG, p->src[0].cursor, NO_REG);
  snProgAt(c->prog, at)->p = d;
  at = snCodeAdd(c, OP_Empty, v->sel, NO_REG, NO_REG, NO_REG);
  snProgJump(c->prog, at, next);
  return c->prog->rc;
}

/* Conditions that need just the sources in `have` and some of `fresh`:
** cheap ones first. */
static int codeConditions(Compile *c, Env *v, u64 have, u64 fresh,
    u32 next) {
  Plan *p = v->plan;
  int rc = SEINE_OK;
  bool any = false;
  for (u32 pass = 0; pass < 3; pass++) {
    if (pass == 2 && have == fresh && p->by && p->by->key->scored)
      rc = codeBest(c, v, next);
    for (u32 i = 0; !rc && i < p->conj.n; i++) {
      const Expr *e = p->conj.v[i].e;
      u64 m = codeSources(p, e);
      if ((m & ~have) || !(m & fresh || (!m && (fresh & 1)))) continue;
      if (have != fresh && !(m & ~fresh)) continue; /* done by the scan */
      if (codeCost(c, p, e) != pass) continue;
      rc = codeCondition(c, v, e);
      any = true;
    }
  }
  if (rc || !any) return rc;
  u32 at = snCodeAdd(c, OP_Empty, v->sel, NO_REG, NO_REG, NO_REG);
  snProgJump(c->prog, at, next);
  return c->prog->rc;
}

/* ---- sources ------------------------------------------------------------ */

int snCodeCursor(Compile *c, Source *s) {
  CursorDef d = {.table = s->table, .nmatch = s->nmatch};
  d.name = snArenaDup(&c->prog->arena, s->table->name,
      strlen(s->table->name));
  d.match = snCodeAlloc(c, (s->nmatch + 1) * sizeof *d.match);
  if (!d.name || !d.match) return SN_NOMEM;
  for (u32 k = 0; k < s->nmatch; k++) {
    int rc = snCodeConst(c, s->query[k], &s->match[k].query);
    if (rc) return rc;
    d.match[k] = s->match[k];
  }
  s->cursor = snProgCursor(c->prog, &d);
  return c->prog->rc;
}

int snCodeCall(Compile *c, Plan *p, ConsumeRow fn, void *arg) {
  TableDef *d = snCodeAlloc(c, sizeof *d);
  u16 sel = snProgSel(c->prog), obj = snProgObj(c->prog);
  int rc = SEINE_OK;
  RegList *l = snCodeAlloc(c, sizeof *l + (p->nout + 1) * sizeof(u16));
  if (!d || !l) return SN_NOMEM;
  d->func = p->call;
  d->cols = l;
  d->nargs = p->args ? p->args->n : 0;
  d->cursor = NO_REG;
  for (u32 k = 0; !rc && k < d->nargs; k++) {
    const Expr *e = p->args->v[k].e;
    d->arg[k] = NO_REG;
    if (e->kind == EX_COLUMN) d->column = (u32)e->i;
    else rc = snCodeConst(c, e, &d->arg[k]);
  }
  if (!rc && p->src) {
    rc = snCodeCursor(c, p->src);
    d->cursor = p->src->cursor;
  }
  if (rc) return rc;
  l->n = p->nout;
  for (u32 k = 0; k < l->n; k++)
    l->reg[k] = snProgReg(c->prog, p->out[k].e->type);
  u32 next = snCodeAdd(c, OP_Table, sel, NO_REG, obj, NO_REG);
  snProgAt(c->prog, next)->p = d;
  snProgAt(c->prog, next)->note = p->call->name;
  rc = fn(c, sel, l->reg, l->n, arg);
  u32 back = snCodeAdd(c, OP_Goto, NO_REG, NO_REG, NO_REG, NO_REG);
  snProgJump(c->prog, back, next);
  snProgJump(c->prog, next, snCodeHere(c));
  return rc ? rc : c->prog->rc;
}

typedef struct SubArg {
  Plan *p;
  u32 src;
  u64 have;
  Consume fn;
  void *arg;
} SubArg;

/* A row of a sub-select: its columns are bound. */
static int codeSubRow(Compile *c, u16 sel, const u16 *reg, u32 n,
    void *arg) {
  SubArg *a = arg;
  Env v;
  int rc = snEnvInit(c, &v, a->p, sel);
  for (u32 k = 0; !rc && k < n; k++) {
    Expr *e = snAstNew(c->p, EX_COLUMN, 0);
    if (!e) return c->p->rc;
    e->src = a->src;
    e->i = k;
    e->type = a->p->src[a->src].sub->out[k].e->type;
    rc = snEnvBind(c, &v, e, reg[k]);
  }
  if (rc) return rc;
  u32 skip = snCodeAdd(c, OP_Goto, NO_REG, NO_REG, NO_REG, NO_REG);
  u32 out = snCodeAdd(c, OP_Goto, NO_REG, NO_REG, NO_REG, NO_REG);
  snProgJump(c->prog, skip, out + 1);
  rc = codeConditions(c, &v, a->have, 1ull << a->src, out);
  if (!rc) rc = a->fn(c, &v, a->arg);
  snProgJump(c->prog, out, snCodeHere(c));
  return rc;
}

/* "logs, verb = POST, match": the table and what drives the scan. */
const char *snCodeScanNote(Compile *c, const Source *s) {
  Buf b;
  snBufInit(&b, c->arena->budget);
  snBufStr(&b, s->table->name);
  for (u32 k = 0; k < s->nmatch; k++) {
    const MatchSlot *m = s->match + k;
    const Expr *q = s->query[k];
    if (!m->drives) continue;
    snBufStr(&b, ", ");
    for (u32 i = 0; i < m->ask->ncol; i++)
      snBufPrintf(&b, "%s ", s->table->col[m->ask->col[i].column].name);
    snBufPrintf(&b, "%s %s", snResolveFormName(m->ask->form),
        q->kind == EX_STR ? q->text : "?");
  }
  const char *text = snBufText(&b);
  char *out = snArenaDup(&c->prog->arena, text, strlen(text));
  snBufClear(&b);
  return out;
}

static int codeScan(Compile *c, Plan *p, u32 s, Consume fn, void *arg) {
  Source *src = p->src + s;
  if (src->sub) {
    SubArg a = {p, s, 1ull << s, fn, arg};
    return snCodeSelect(c, src->sub, codeSubRow, &a);
  }
  Env v;
  u16 sel = snProgSel(c->prog);
  int rc = snCodeCursor(c, src);
  if (!rc) rc = snEnvInit(c, &v, p, sel);
  if (rc) return rc;
  v.mode[s] = SRC_CURSOR;
  u32 next = snCodeAdd(c, OP_Next, sel, NO_REG, src->cursor, NO_REG);
  snProgAt(c->prog, next)->note = snCodeScanNote(c, src);
  snProgAt(c->prog, next)->p = p->by;
  rc = codeConditions(c, &v, 1ull << s, 1ull << s, next);
  if (!rc) rc = fn(c, &v, arg);
  u32 back = snCodeAdd(c, OP_Goto, NO_REG, NO_REG, NO_REG, NO_REG);
  snProgJump(c->prog, back, next);
  snProgJump(c->prog, next, snCodeHere(c));
  return rc ? rc : c->prog->rc;
}

/* ---- joins -------------------------------------------------------------- */

typedef struct JoinLevel {
  ExprList build;      /* leaves of the source that the rest needs */
  ExprList key, probe; /* pairs of equal expressions */
  JoinDef *def;
  u16 obj;
} JoinLevel;
typedef struct JoinArg {
  Plan *p;
  JoinLevel *level;    /* by source; 0 is scanned */
  u32 at;
  u64 have;
  ExprList need;       /* leaves that anything after the joins needs */
  Consume fn;
  void *arg;
} JoinArg;

/* a = b with one side of the new source and the other of those before. */
static bool codeIsKey(const Plan *p, const Expr *e, u32 s, const Expr **key,
    const Expr **probe) {
  if (e->kind != EX_COMPARE || e->op != CMP_EQ) return false;
  u64 a = codeSources(p, e->left), b = codeSources(p, e->right);
  u64 me = 1ull << s, before = me - 1;
  if (a == me && b && !(b & ~before)) {
    *key = e->left;
    *probe = e->right;
    return true;
  }
  if (b == me && a && !(a & ~before)) {
    *key = e->right;
    *probe = e->left;
    return true;
  }
  return false;
}

static int codeBuildRow(Compile *c, Env *v, void *arg) {
  JoinLevel *l = arg;
  u32 n = l->key.n + l->build.n;
  JoinDef *d = l->def;
  int rc = SEINE_OK;
  d->types = snCodeAlloc(c, n + 1);
  d->cols = snCodeAlloc(c, sizeof(RegList) + (n + 1) * sizeof(u16));
  if (!d->types || !d->cols) return SN_NOMEM;
  d->ncol = d->cols->n = n;
  d->nkeys = l->key.n;
  for (u32 k = 0; !rc && k < n; k++) {
    const Expr *e = k < l->key.n ? l->key.v[k].e
                                 : l->build.v[k - l->key.n].e;
    rc = snCodeExpr(c, v, e, &d->cols->reg[k]);
    d->types[k] = e->type;
  }
  if (rc) return rc;
  u32 at = snCodeAdd(c, OP_BuildAdd, v->sel, NO_REG, l->obj, NO_REG);
  snProgAt(c->prog, at)->p = d;
  return c->prog->rc;
}

static int codeProbe(Compile *c, Env *v, void *arg);

/* Binds the leaves of both sides for the pairs of a level. */
static int codePairs(Compile *c, Env *v, JoinArg *a, u32 s, Env *out) {
  JoinLevel *l = a->level + s;
  int rc = snEnvInit(c, out, a->p, snProgSel(c->prog));
  for (u32 k = 0; !rc && k < a->need.n; k++) {
    const Expr *e = a->need.v[k].e;
    u16 from, to;
    if (e->src >= s) continue;
    for (u32 i = 0; i < v->n; i++) {
      if (!snAstSame(v->bind[i].e, e)) continue;
      from = v->bind[i].reg;
      to = snProgReg(c->prog, e->type);
      u32 at = snCodeAdd(c, OP_PairProbe, out->sel, to, l->obj, from);
      (void)at;
      rc = snEnvBind(c, out, e, to);
      break;
    }
  }
  for (u32 k = 0; !rc && k < l->build.n; k++) {
    const Expr *e = l->build.v[k].e;
    u16 to = snProgReg(c->prog, e->type);
    u32 at = snCodeAdd(c, OP_PairBuild, out->sel, to, l->obj, NO_REG);
    snProgAt(c->prog, at)->k = l->key.n + k;
    rc = snEnvBind(c, out, e, to);
  }
  return rc;
}

static int codeProbe(Compile *c, Env *v, void *arg) {
  JoinArg *a = arg;
  u32 s = a->at + 1;
  JoinLevel *l = a->level + s;
  if (s == a->p->nsrc) return a->fn(c, v, a->arg);
  RegList *keys = snCodeAlloc(c, sizeof *keys + (l->probe.n + 1) * 2);
  int rc = keys ? SEINE_OK : SN_NOMEM;
  for (u32 k = 0; !rc && k < l->probe.n; k++)
    rc = snCodeExpr(c, v, l->probe.v[k].e, &keys->reg[k]);
  for (u32 k = 0; !rc && k < a->need.n; k++) { /* what must go through */
    u16 reg;
    if (a->need.v[k].e->src < s) rc = snCodeExpr(c, v, a->need.v[k].e, &reg);
  }
  if (rc) return rc;
  keys->n = l->probe.n;
  u32 at = snCodeAdd(c, OP_Probe, v->sel, NO_REG, l->obj, NO_REG);
  snProgAt(c->prog, at)->p = keys;
  Env pairs;
  u32 next = snCodeAdd(c, OP_Pairs, NO_REG, NO_REG, l->obj, NO_REG);
  rc = codePairs(c, v, a, s, &pairs);
  if (rc) return rc;
  snProgAt(c->prog, next)->sel = pairs.sel;
  a->at = s;
  a->have |= 1ull << s;
  rc = codeConditions(c, &pairs, a->have, 1ull << s, next);
  if (!rc) rc = codeProbe(c, &pairs, a);
  a->at = s - 1;
  u32 back = snCodeAdd(c, OP_Goto, NO_REG, NO_REG, NO_REG, NO_REG);
  snProgJump(c->prog, back, next);
  snProgJump(c->prog, next, snCodeHere(c));
  return rc;
}

static int codeNeedList(Compile *c, const ExprList *l, ExprList *out) {
  int rc = SEINE_OK;
  for (u32 i = 0; !rc && l && i < l->n; i++)
    rc = snCodeLeaves(c, l->v[i].e, out);
  return rc;
}

/* Everything that stages after FROM read. */
static int codeNeed(Compile *c, Plan *p, ExprList *out) {
  int rc = codeNeedList(c, &p->conj, out);
  for (u32 i = 0; !rc && !p->grouped && i < p->nout; i++)
    rc = snCodeLeaves(c, p->out[i].e, out);
  if (!rc) rc = codeNeedList(c, &p->key, out);
  for (u32 i = 0; !rc && i < p->agg.n; i++) {
    rc = codeNeedList(c, p->agg.v[i].e->list, out);
    if (!rc && p->agg.v[i].e->filter)
      rc = snCodeLeaves(c, p->agg.v[i].e->filter, out);
  }
  for (u32 i = 0; !rc && i < p->win.n; i++) {
    const Expr *w = p->win.v[i].e;
    rc = codeNeedList(c, w->list, out);
    if (!rc && w->filter) rc = snCodeLeaves(c, w->filter, out);
    if (!rc) rc = codeNeedList(c, w->over->part, out);
    if (!rc) rc = codeNeedList(c, w->over->order, out);
  }
  for (u32 i = 0; !rc && !p->grouped && i < p->order.n; i++)
    rc = snCodeLeaves(c, p->order.v[i].e, out);
  if (!rc && !p->grouped && p->s->qualify)
    rc = snCodeLeaves(c, p->s->qualify, out);
  u32 n = 0; /* window functions come later */
  for (u32 i = 0; i < out->n; i++)
    if (out->v[i].e->kind != EX_WINDOW) out->v[n++] = out->v[i];
  out->n = n;
  return rc;
}

static int codeJoin(Compile *c, Plan *p, Consume fn, void *arg) {
  JoinArg a = {.p = p, .have = 1, .fn = fn, .arg = arg};
  int rc = codeNeed(c, p, &a.need);
  a.level = snArenaZero(c->arena, (p->nsrc + 1) * sizeof *a.level);
  if (!rc && !a.level) rc = SN_NOMEM;
  for (u32 s = 1; !rc && s < p->nsrc; s++) {
    JoinLevel *l = a.level + s;
    l->obj = snProgObj(c->prog);
    l->def = snCodeAlloc(c, sizeof *l->def);
    if (!l->def) return SN_NOMEM;
    for (u32 i = 0; !rc && i < p->conj.n; i++) {
      const Expr *key, *probe;
      if (!codeIsKey(p, p->conj.v[i].e, s, &key, &probe)) continue;
      (void)snAstList(c->p, &l->key, (Expr *)(uintptr_t)key);
      (void)snAstList(c->p, &l->probe, (Expr *)(uintptr_t)probe);
    }
    for (u32 i = 0; i < a.need.n; i++) {
      Expr *e = a.need.v[i].e;
      if (e->src == s && (e->kind == EX_COLUMN || e->kind == EX_SCORE ||
                             e->kind == EX_WHY || e->kind == EX_HIT))
        (void)snAstList(c->p, &l->build, e);
    }
    rc = c->p->rc ? c->p->rc : codeScan(c, p, s, codeBuildRow, l);
    if (rc) return rc;
    if (!l->def->types) { /* nothing was emitted: an empty sub-select */
      l->def->types = snCodeAlloc(c, 1);
      l->def->cols = snCodeAlloc(c, sizeof(RegList));
    }
    u32 at = snCodeAdd(c, OP_BuildEnd, NO_REG, NO_REG, l->obj, NO_REG);
    snProgAt(c->prog, at)->p = l->def;
  }
  return rc ? rc : codeScan(c, p, 0, codeProbe, &a);
}

int snCodeFrom(Compile *c, Plan *p, Consume fn, void *arg) {
  if (p->nsrc > 1) return codeJoin(c, p, fn, arg);
  if (p->nsrc == 1) return codeScan(c, p, 0, fn, arg);
  Env v;
  u16 sel = snProgSel(c->prog);
  int rc = snEnvInit(c, &v, p, sel);
  if (rc) return rc;
  snCodeAdd(c, OP_One, sel, NO_REG, NO_REG, NO_REG);
  u32 skip = snCodeAdd(c, OP_Goto, NO_REG, NO_REG, NO_REG, NO_REG);
  u32 out = snCodeAdd(c, OP_Goto, NO_REG, NO_REG, NO_REG, NO_REG);
  snProgJump(c->prog, skip, out + 1);
  rc = codeConditions(c, &v, 1, 1, out);
  if (!rc) rc = fn(c, &v, arg);
  snProgJump(c->prog, out, snCodeHere(c));
  return rc;
}
