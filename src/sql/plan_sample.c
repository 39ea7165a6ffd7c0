/*
** plan_sample: TABLESAMPLE becomes a condition, or a sub-select.
**
** A row of a table is in a sample when the hash of its rowid and of the seed is
** below a bound; of SYSTEM it is the number of its window of SN_WINDOW rowids
** that is hashed, so that the others are not read.  The seed is that of
** REPEATABLE, or SELECT random(), which is asked once.  Rows of other sources
** have no rowid: each has a random number of its own.
**
**   t TABLESAMPLE BERNOULLI(p)   t, WHERE hash(t.rowid, seed) < p
**   t TABLESAMPLE (n ROWS)       t, WHERE t.rowid IN (SELECT rowid FROM t
**                                ORDER BY hash(rowid, seed) LIMIT n)
**
** Where rows of a join without a partner would meet that condition, and for
** other sources, it stands in a sub-select: (SELECT * FROM source WHERE ...).
*/
#include "sql/plan.h"

Sample *snSampleNew(Parse *p, Token amount, Token unit) {
  Sample *s = snArenaZero(p->arena, sizeof *s);
  if (!s) {
    p->rc = SN_NOMEM;
    return NULL;
  }
  bool percent = unit.n && (*unit.p == '%' || snAstIs(unit, "percent"));
  if (unit.n && !percent && !snAstIs(unit, "rows"))
    (void)snParseError(p, unit.at, "a sample has PERCENT or ROWS");
  const Expr *e = snAstNumber(p, amount);
  if (!e || p->rc) return NULL;
  s->at = amount.at;
  s->unit = !unit.n ? SAMPLE_PLAIN : percent ? SAMPLE_PERCENT : SAMPLE_ROWS;
  s->amount = e->kind == EX_INT ? (double)e->i : e->d;
  return s;
}

Sample *snSampleMethod(Parse *p, Sample *s, Token method) {
  bool rows = snAstIs(method, "reservoir");
  if (!s) return NULL;
  s->system = snAstIs(method, "system");
  if (!rows && !s->system && !snAstIs(method, "bernoulli"))
    (void)snParseError(p, method.at, "no such way to take a sample: %.*s "
        "(there are BERNOULLI, SYSTEM and RESERVOIR)",
        (int)SN_MIN(method.n, 60u), method.p);
  if (s->unit == SAMPLE_PLAIN && !rows) s->unit = SAMPLE_PERCENT;
  if (s->unit == SAMPLE_ROWS && s->system)
    (void)snParseError(p, method.at, "SYSTEM takes whole windows of rows: "
        "SYSTEM(10 PERCENT), or RESERVOIR(10 ROWS)");
  return s;
}

Sample *snSampleSeed(Parse *p, Sample *s, Token seed) {
  Expr *e = seed.n ? snAstNumber(p, seed) : NULL;
  if (s) s->seed = e;
  return s;
}

From *snSampleFrom(Parse *p, From *f, Sample *s, const char *alias) {
  if (!f || !s) return NULL;
  if (s->unit == SAMPLE_PLAIN) s->unit = SAMPLE_ROWS;
  bool rows = s->unit == SAMPLE_ROWS;
  if (rows && s->amount != floor(s->amount))
    (void)snParseError(p, s->at, "a sample has a whole number of ROWS");
  if (!rows && s->amount > 100)
    (void)snParseError(p, s->at, "a sample has 0 to 100 PERCENT of the rows");
  if (f->lateral || f->sample)
    (void)snParseError(p, s->at, "TABLESAMPLE stands behind a source that is "
        "%s", f->lateral ? "not LATERAL" : "no sample itself");
  f->sample = s;
  if (alias) f->alias = alias;
  return f;
}

/* ---- what decides ------------------------------------------------------- */

static Expr *sampleCall(Compile *c, u32 at, const char *name, ExprList *l) {
  Token t = {name, (u32)strlen(name), at};
  return snAstCall(c->p, t, l);
}

/* (SELECT random()) */
static Expr *sampleSeed(Compile *c, const Sample *s) {
  if (s->seed) return snAstCopy(c->p, s->seed);
  Expr *e = snAstNew(c->p, EX_SUBQUERY, s->at);
  Select *one = snAstSelect(c->p, s->at);
  if (!e || !one) return NULL;
  one->cols = snAstList(c->p, NULL, sampleCall(c, s->at, "random", NULL));
  e->op = SUB_SCALAR;
  e->select = one;
  return e;
}

/* 64 random bits of a row.  rowid NULL: it has none. */
static Expr *sampleBits(Compile *c, const Sample *s, Expr *rowid) {
  if (!rowid) return sampleCall(c, s->at, "random", NULL);
  if (s->system)
    rowid = snAstOp(c->p, EX_ARITH, AR_SHR, rowid,
        snAstInt(c->p, s->at, __builtin_ctz(SN_WINDOW)));
  ExprList *l = snAstList(c->p, NULL, rowid);
  return sampleCall(c, s->at, "hash",
      snAstList(c->p, l, sampleSeed(c, s)));
}

static Expr *sampleRowid(Compile *c, const Sample *s, const char *alias) {
  Token name = {"rowid", 5, s->at};
  Expr *e = snAstName(c->p, name);
  if (!e || !alias) return e;
  e->left = snAstNew(c->p, EX_NAME, s->at);
  if (!e->left) return NULL;
  e->left->text = alias;
  e->left->len = (u32)strlen(alias);
  return e;
}

/* NULL: all rows. */
static Expr *sampleChance(Compile *c, const Sample *s, Expr *rowid) {
  double below = s->amount / 100 * 0x1p64 - 0x1p63;
  if (below >= 0x1p63) return NULL;
  return snAstOp(c->p, EX_COMPARE, CMP_LT, sampleBits(c, s, rowid),
      snAstInt(c->p, s->at, (i64)below));
}

/* ORDER BY random bits LIMIT n */
static void sampleTop(Compile *c, const Sample *s, Expr *rowid, Select *x) {
  x->order = snAstList(c->p, NULL, sampleBits(c, s, rowid));
  x->limit = snAstInt(c->p, s->at, (i64)SN_MIN(s->amount, 0x1p62));
}

/* One source of s: the same without its sample. */
static From *samplePlain(Compile *c, const From *f) {
  From *in = snArenaAlloc(c->arena, sizeof *in);
  if (!in) {
    c->p->rc = SN_NOMEM;
    return NULL;
  }
  *in = (From){.name = f->name, .alias = f->alias, .select = f->select,
      .cols = f->cols, .call = f->call, .ordinality = f->ordinality,
      .file = f->file, .into = f->into, .args = f->args, .nest = f->nest,
      .index = f->index};
  return in;
}

/* The condition on rows of a table under its alias; NULL: all rows. */
static Expr *sampleWhere(Compile *c, const From *f) {
  const Sample *s = f->sample;
  Expr *rowid = sampleRowid(c, s, f->alias);
  if (s->unit == SAMPLE_PERCENT) return sampleChance(c, s, rowid);
  Select *x = snAstSelect(c->p, s->at);
  Expr *e = snAstNew(c->p, EX_SUBQUERY, s->at);
  if (!x || !e) return NULL;
  x->from = samplePlain(c, f);
  x->cols = snAstList(c->p, NULL, sampleRowid(c, s, NULL));
  sampleTop(c, s, sampleRowid(c, s, NULL), x);
  e->op = SUB_IN;
  e->left = rowid;
  e->select = x;
  return e;
}

/* ---- where it stands ---------------------------------------------------- */

/* f becomes a select of itself. */
static int sampleNest(Compile *c, From *f, bool table) {
  const Sample *s = f->sample;
  Select *x = snAstSelect(c->p, s->at);
  From *in = samplePlain(c, f);
  if (!x || !in) return c->p->rc;
  x->from = in;
  x->cols = snAstList(c->p, NULL, snAstNew(c->p, EX_STAR, s->at));
  if (table) x->where = sampleWhere(c, f);
  else if (s->unit == SAMPLE_ROWS) sampleTop(c, s, NULL, x);
  else x->where = sampleChance(c, s, NULL);
  *f = (From){.name = f->name, .alias = f->alias, .select = x,
      .join = f->join, .natural = f->natural, .asof = f->asof, .on = f->on,
      .using_ = f->using_, .at = f->at, .next = f->next};
  return c->p->rc;
}

/* The rows that a join brings in without a partner are none of the sample. */
static bool sampleIsNested(const From *list, const From *f) {
  bool nest = f->natural || f->asof || f->join >= JOIN_SEMI;
  for (; list; list = list->next)
    nest |= list->join == JOIN_RIGHT || list->join == JOIN_FULL;
  return nest;
}

int snSample(Compile *c, Select *s, From *f, bool table) {
  if (f->sample->seed && !table)
    return snParseError(c->p, f->sample->at, "REPEATABLE needs a table, whose "
        "rows have a rowid");
  if (!table || sampleIsNested(s->from, f)) return sampleNest(c, f, table);
  Expr *e = sampleWhere(c, f);
  Expr **at = f->join == JOIN_LEFT ? &f->on : &s->where;
  if (e) *at = *at ? snAstNode(c->p, EX_AND, *at, e) : e;
  f->sample = NULL;
  return c->p->rc;
}
