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

/* Known before the first row: a constant, or a sub-query that is answered
** once. */
static bool codeIsSteady(const Expr *e) {
  if (e->kind == EX_CAST) return codeIsSteady(e->left);
  return snResolveConst(e) || (e->kind == EX_LOOKUP && e->op == SUB_SCALAR &&
                                  e->sub->mode == SUB_ONCE);
}

static int codeSteady(Compile *c, const Expr *e, u16 *reg) {
  u16 from;
  if (snResolveConst(e)) return snCodeConst(c, e, reg);
  if (e->kind != EX_CAST) {
    *reg = e->sub->reg;
    return SEINE_OK;
  }
  int rc = codeSteady(c, e->left, &from);
  *reg = snProgReg(c->prog, e->type);
  snCodeAdd(c, OP_Cast, NO_REG, *reg, from, NO_REG);
  return rc;
}

/* column op constant, on numbers: answered by zones and packed values. */
bool snCodeIsWhere(const Plan *p, const Expr *e, const Expr **col,
    const Expr **value, u8 *op) {
  static const u8 turned[] = {CMP_EQ, CMP_NE, CMP_GT, CMP_GE, CMP_LT,
      CMP_LE};
  if (e->kind != EX_COMPARE || e->op == CMP_NE) return false;
  bool left = codeIsSteady(e->right);
  *col = left ? e->left : e->right;
  *value = left ? e->right : e->left;
  *op = left ? e->op : turned[e->op];
  if ((*col)->kind != EX_COLUMN || !codeIsSteady(*value)) return false;
  const Source *s = p->src + (*col)->src;
  if (!s->table || ((*col)->type & TYPE_ARRAY)) return false;
  return snTypeForm((*col)->type) != FORM_STR &&
      (*col)->type == (*value)->type;
}

int snCodeWhereDef(Compile *c, const Expr *col, const Expr *value,
    u8 op, WhereDef *d) {
  u16 reg;
  int rc = codeSteady(c, value, &reg);
  *d = (WhereDef){.column = (u32)col->i, .lo = NO_REG, .hi = NO_REG,
      .lo_open = op == CMP_GT, .hi_open = op == CMP_LT,
      .real = snTypeForm(col->type) == FORM_REAL};
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

enum { COST_COLUMN, COST_PLAIN, COST_TEXT, COST_LOOK, COST_SCORE };

static bool codeDearest(void *arg, Expr **at) {
  u32 *most = arg, cost = COST_PLAIN;
  switch ((*at)->kind) {
  case EX_LIKE: case EX_FUNC: cost = COST_TEXT; break;
  case EX_LOOKUP: cost = COST_LOOK; break;
  case EX_SCORE: cost = COST_SCORE; break;
  default: break;
  }
  *most = SN_MAX(*most, cost);
  return true;
}

/* Columns first, scores last. */
static u32 codeCost(const Plan *p, const Expr *e) {
  Expr *root = (Expr *)(uintptr_t)e;
  const Expr *col, *value;
  u32 most = COST_PLAIN;
  u8 op;
  if (snCodeIsWhere(p, e, &col, &value, &op)) return COST_COLUMN;
  snAstWalk(&root, codeDearest, &most);
  return most;
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

bool snCodeIsHere(const Plan *p, const CodePlace *at, const Expr *e) {
  if (snCodeListed(at->done, e)) return false;
  if (!at->a) return snPlanPlace(p, e) == at->place;
  u64 m = snPlanSources(p, e);
  return (m & at->a) && (m & at->b) && !(m & ~(at->a | at->b));
}

/* One that costs much is remembered; what it reads is not there for all rows
** that go on. */
static int codeConditionAt(Compile *c, Env *v, const CodePlace *at, u32 pass,
    const Expr *e) {
  u32 recall, kept = v->n;
  if (pass != COST_TEXT || at->place >= v->plan->nsrc)
    return codeCondition(c, v, e);
  int rc = snCodeRecall(c, v, at->place, e, &recall);
  if (!rc) rc = codeCondition(c, v, e);
  if (recall != UINT32_MAX) v->n = kept;
  snCodeLearn(c, recall);
  return rc;
}

static int codeConditionsOf(Compile *c, Env *v, const CodePlace *at,
    u32 pass, bool *any) {
  Plan *p = v->plan;
  int rc = SEINE_OK;
  for (u32 i = 0; !rc && i < p->conj.n; i++) {
    const Expr *e = p->conj.v[i].e;
    if (!snCodeIsHere(p, at, e) || codeCost(p, e) != pass) continue;
    rc = codeConditionAt(c, v, at, pass, e);
    *any = true;
  }
  ExprList *on = at->place < p->nsrc ? &p->src[at->place].on : NULL;
  for (u32 i = 0; !rc && on && i < on->n; i++) {
    const Expr *e = on->v[i].e;
    if (snPlanPlaceOn(p, at->place, e) != at->place ||
        codeCost(p, e) != pass)
      continue;
    rc = codeConditionAt(c, v, at, pass, e);
    *any = true;
  }
  return rc;
}

/* Conditions of a place: cheap ones first, and what costs more for windows of
** which they leave something. */
int snCodeConditions(Compile *c, Env *v, const CodePlace *at, u32 next) {
  Plan *p = v->plan;
  int rc = SEINE_OK;
  bool asked = false;
  for (u32 pass = COST_COLUMN; !rc && pass <= COST_SCORE; pass++) {
    bool any = false;
    if (pass == COST_SCORE && p->by && p->by->key->scored)
      rc = codeBest(c, v, next);
    u32 here = snCodeHere(c);
    if (!rc) rc = codeConditionsOf(c, v, at, pass, &any);
    if (rc || !any || (asked && snCodeHere(c) == here)) continue;
    asked = true;
    u32 empty = snCodeAdd(c, OP_Empty, v->sel, NO_REG, NO_REG, NO_REG);
    snProgJump(c->prog, empty, next);
  }
  return rc ? rc : c->prog->rc;
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
  snCodeLoop(c, next);
  return rc ? rc : c->prog->rc;
}

typedef struct SubArg {
  Plan *p;
  u32 src;
  Consume fn;
  void *arg;
} SubArg;

/* Conditions and body under a loop that is another's: what is left out jumps
** to its end. */
static int codeRow(Compile *c, Env *v, u32 src, Consume fn, void *arg) {
  CodePlace at = {.place = src};
  u32 skip = snCodeAdd(c, OP_Goto, NO_REG, NO_REG, NO_REG, NO_REG);
  u32 out = snCodeAdd(c, OP_Goto, NO_REG, NO_REG, NO_REG, NO_REG);
  snProgJump(c->prog, skip, out + 1);
  int rc = snCodeConditions(c, v, &at, out);
  if (!rc) rc = fn(c, v, arg);
  snProgJump(c->prog, out, snCodeHere(c));
  return rc;
}

static int codeColumns(Compile *c, Env *v, u32 src, const u16 *reg, u32 n) {
  const Plan *of = v->plan->src[src].sub;
  int rc = SEINE_OK;
  for (u32 k = 0; !rc && k < n; k++) {
    Expr *e = snAstNew(c->p, EX_COLUMN, 0);
    if (!e) return c->p->rc;
    e->src = src;
    e->i = k;
    e->type = of ? of->out[k].e->type : c->prog->reg_type[reg[k]];
    rc = snEnvBind(c, v, e, reg[k]);
  }
  return rc;
}

/* The keys that a sub-query is asked for. */
static int codeDomain(Compile *c, Plan *p, u32 s, Consume fn, void *arg) {
  const Sub *sub = p->src[s].domain;
  Env v;
  int rc = snEnvInit(c, &v, p, snProgSel(c->prog));
  RegList *l = snCodeAlloc(c, sizeof *l + (sub->nkeys + 1) * sizeof(u16));
  if (rc || !l) return SN_NOMEM;
  l->n = sub->nkeys;
  for (u32 k = 0; k < l->n; k++)
    l->reg[k] = snProgReg(c->prog, sub->def->types[sub->nval + k]);
  u32 next = snCodeAdd(c, OP_Domain, v.sel, NO_REG, sub->obj, NO_REG);
  snProgAt(c->prog, next)->p = l;
  CodePlace at = {.place = s};
  rc = codeColumns(c, &v, s, l->reg, l->n);
  if (!rc) rc = c->prog->rc; /* what has no register cannot be read */
  if (!rc) rc = snCodeConditions(c, &v, &at, next);
  if (!rc) rc = fn(c, &v, arg);
  snCodeLoop(c, next);
  return rc ? rc : c->prog->rc;
}

/* A row of a sub-select: its columns are bound. */
static int codeSubRow(Compile *c, u16 sel, const u16 *reg, u32 n,
    void *arg) {
  SubArg *a = arg;
  Env v;
  int rc = snEnvInit(c, &v, a->p, sel);
  if (!rc) rc = codeColumns(c, &v, a->src, reg, n);
  if (!rc) rc = c->prog->rc;
  return rc ? rc : codeRow(c, &v, a->src, a->fn, a->arg);
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

int snCodeScan(Compile *c, Plan *p, u32 s, Consume fn, void *arg) {
  Source *src = p->src + s;
  SubArg a = {p, s, fn, arg};
  if (src->domain) return codeDomain(c, p, s, fn, arg);
  if (src->rows) return snCodeRows(c, src, codeSubRow, &a);
  if (src->sub) return snCodeSelect(c, src->sub, codeSubRow, &a);
  Env v;
  u16 sel = snProgSel(c->prog);
  int rc = snCodeCursor(c, src);
  if (!rc) rc = snEnvInit(c, &v, p, sel);
  if (rc) return rc;
  v.mode[s] = SRC_CURSOR;
  u32 next = snCodeAdd(c, OP_Next, sel, NO_REG, src->cursor, NO_REG);
  snProgAt(c->prog, next)->note = snCodeScanNote(c, src);
  snProgAt(c->prog, next)->p = p->by;
  CodePlace at = {.place = s};
  rc = snCodeConditions(c, &v, &at, next);
  if (!rc) rc = fn(c, &v, arg);
  snCodeLoop(c, next);
  return rc ? rc : c->prog->rc;
}

/* ---- the whole ---------------------------------------------------------- */

int snCodeFrom(Compile *c, Plan *p, Consume fn, void *arg) {
  Env v;
  if (p->waits) return snWaitFrom(c, p, fn, arg);
  if (p->nsrc > 1) return snCodeJoin(c, p, fn, arg);
  if (p->nsrc == 1) return snCodeScan(c, p, 0, fn, arg);
  int rc = snEnvInit(c, &v, p, snProgSel(c->prog));
  if (rc) return rc;
  snCodeAdd(c, OP_One, v.sel, NO_REG, NO_REG, NO_REG);
  return codeRow(c, &v, 0, fn, arg);
}
