/*
** op_expr: constants, logic, functions and the merging of branches.
*/
#include "vm/kern.h"
#include "vm/vmInt.h"

#define EXPR_TEXTS (1u << 20) /* bytes kept from piece to piece, at most */
#define EXPR_APART 8u /* a text for itself costs that of so many in order */

/* ---- constants ---------------------------------------------------------- */

/* p: a Vec in the program's arena: a constant, or rows of VALUES. */
int opConst(Run *r, const Instr *i) {
  const Vec *from = i->p;
  Vec *v = snReg(r, i->dst);
  v->form = from->form;
  v->data = from->data;
  v->nulls = from->nulls;
  return SEINE_OK;
}

static int exprConst(Run *r, u16 dst, const void *data, size_t n) {
  Vec *v = snReg(r, dst);
  v->data = snArenaZero(&r->keep, sizeof(Str));
  v->nulls = snArenaZero(&r->keep, sizeof(u64));
  if (!v->data || !v->nulls) return SN_NOMEM;
  v->form = VEC_CONST;
  if (n) memcpy(v->data, data, n);
  else snBitSet(v->nulls, 0);
  if (n) v->nulls = NULL;
  return SEINE_OK;
}

/* The register has the type of the parameter as bound when compiled; a
** program is compiled anew when the types change. */
int opParam(Run *r, const Instr *i) {
  const ParamValue *p = r->param + i->k;
  Str s = {(const u8 *)p->p, p->n, 0};
  switch (p->type) {
  case TYPE_INTEGER: return exprConst(r, i->dst, &p->i, 8);
  case TYPE_REAL: return exprConst(r, i->dst, &p->d, 8);
  case TYPE_TEXT:
  case TYPE_BLOB: return exprConst(r, i->dst, &s, sizeof s);
  default: return exprConst(r, i->dst, NULL, 0);
  }
}

int opNow(Run *r, const Instr *i) {
  return exprConst(r, i->dst, &r->now_us, 8);
}

/* ---- three-valued logic ------------------------------------------------- */

static u64 exprWord(const Vec *v, u32 w) {
  const u64 *b = v->data;
  if (v->form == VEC_CONST) return b[0] & 1 ? ~0ull : 0;
  return b[w];
}

static u64 exprNullWord(const Vec *v, u32 w) {
  if (!v->nulls) return 0;
  if (v->form == VEC_CONST) return v->nulls[0] & 1 ? ~0ull : 0;
  return v->nulls[w];
}

/* out = a AND b, or with `flip` NOT (NOT a AND NOT b). */
static int exprLogic(Run *r, const Instr *i, u64 flip) {
  u64 yes[SN_WORDS], nul[SN_WORDS], any = 0;
  const Vec *a = snReg(r, i->a), *b = snReg(r, i->b);
  for (u32 w = 0; w < SN_WORDS; w++) {
    u64 an = exprNullWord(a, w), bn = exprNullWord(b, w);
    u64 x = (exprWord(a, w) ^ flip), y = (exprWord(b, w) ^ flip);
    u64 no = (~x & ~an) | (~y & ~bn);
    nul[w] = (an | bn) & ~no;
    yes[w] = ((x & y & ~an & ~bn) ^ flip) & ~nul[w];
    any |= nul[w];
  }
  int rc = snRegFlat(r, i->dst);
  if (rc) return rc;
  memcpy(snReg(r, i->dst)->data, yes, sizeof yes);
  if (!any) return SEINE_OK;
  u64 *out = snRegNulls(r, i->dst);
  if (!out) return SN_NOMEM;
  memcpy(out, nul, sizeof nul);
  return SEINE_OK;
}

int opAnd(Run *r, const Instr *i) { return exprLogic(r, i, 0); }
int opOr(Run *r, const Instr *i) { return exprLogic(r, i, ~0ull); }

int opNot(Run *r, const Instr *i) {
  const Vec *a = snReg(r, i->a);
  u64 bits[SN_WORDS];
  for (u32 w = 0; w < SN_WORDS; w++) bits[w] = ~exprWord(a, w);
  int rc = snRegFlat(r, i->dst);
  if (!rc) rc = snRegNullsOf(r, i->dst, i->a, NO_REG);
  if (!rc) memcpy(snReg(r, i->dst)->data, bits, sizeof bits);
  return rc;
}

/* flag 1: IS NOT NULL. */
int opIsNull(Run *r, const Instr *i) {
  const Vec *a = snReg(r, i->a);
  int rc = snRegFlat(r, i->dst);
  if (rc) return rc;
  u64 *out = snReg(r, i->dst)->data;
  for (u32 w = 0; w < SN_WORDS; w++)
    out[w] = exprNullWord(a, w) ^ (i->flag & 1 ? ~0ull : 0);
  return SEINE_OK;
}

/* ---- branches ----------------------------------------------------------- */

static void exprCopy(Vec *out, u32 i, const Vec *in) {
  u32 at = snVecAt(in, i);
  if (out->type == TYPE_BOOLEAN) {
    if (snBit(in->data, at)) snBitSet(out->data, i);
    else snBitClear(out->data, i);
  } else if (snTypeForm(out->type) == FORM_STR) {
    ((Str *)out->data)[i] = ((const Str *)in->data)[at];
  } else {
    ((i64 *)out->data)[i] = ((const i64 *)in->data)[at];
  }
}

/* flag 1 begins a result: every row is NULL first.  a NO_REG: leaves the
** rows NULL.  flag 2: a NULL replaces what was there. */
int opBlend(Run *r, const Instr *i) {
  const Sel *s = r->sel + i->sel;
  Vec *out = snReg(r, i->dst);
  if (i->flag & 1) {
    int rc = snRegFlat(r, i->dst);
    if (rc) return rc;
    if (!snRegNulls(r, i->dst)) return SN_NOMEM;
    memset(out->nulls, 0xff, SN_WORDS * 8);
    if (snTypeForm(out->type) == FORM_STR)
      memset(out->data, 0, SN_WINDOW * sizeof(Str));
  }
  if (i->a == NO_REG) return SEINE_OK;
  int rc = snRegDecode(r, i->a, s);
  if (rc) return rc;
  const Vec *in = snReg(r, i->a);
  Rows16 rows = snRunSel(r, s);
  for (u32 k = 0; k < rows.n; k++) {
    u32 at = rows.rows ? rows.rows[k] : k;
    if (snVecNull(in, at)) {
      if (i->flag & 2) snBitSet(out->nulls, at);
      continue;
    }
    snBitClear(out->nulls, at);
    exprCopy(out, at, in);
  }
  return SEINE_OK;
}

/* ---- elements of arrays, one after the other ----------------------------- */

/* What is left of each array: its bytes behind the head. */
int opFold(Run *r, const Instr *i) {
  const Sel *s = r->sel + i->sel;
  int rc = snRegFlat(r, i->dst);
  if (!rc) rc = snRegDecode(r, i->a, s);
  if (rc) return rc;
  const Vec *a = snReg(r, i->a);
  Str *out = snReg(r, i->dst)->data;
  Form form = snTypeForm(a->type & (u8)~TYPE_ARRAY);
  Rows16 rows = snRunSel(r, s);
  for (u32 k = 0; k < rows.n; k++) {
    u32 at = rows.rows ? rows.rows[k] : k;
    ArrayIter it = {0};
    Str x = snVecNull(a, at) ? (Str){NULL, 0, 0}
                             : ((const Str *)a->data)[snVecAt(a, at)];
    if (x.n) snArrayOpen(&it, x.p, x.n);
    if (it.bad || (it.left && snTypeForm(it.type) != form)) return SN_CORRUPT;
    out[at] = (Str){it.rd.p, (u32)(it.rd.end - it.rd.p), 0};
  }
  return SEINE_OK;
}

static void exprElement(Vec *out, u32 i, const ArrayItem *x) {
  if (x->null) snBitSet(out->nulls, i);
  else if (out->type == TYPE_BOOLEAN) {
    if (x->i) snBitSet(out->data, i);
    else snBitClear(out->data, i);
  } else if (snTypeForm(out->type) == FORM_STR) {
    ((Str *)out->data)[i] = (Str){x->n ? x->p : (const u8 *)"", x->n, 0};
  } else if (out->type == TYPE_REAL) {
    ((double *)out->data)[i] = x->d;
  } else {
    ((i64 *)out->data)[i] = x->i;
  }
}

int opElement(Run *r, const Instr *i) {
  Sel *s = r->sel + i->sel;
  int rc = snRunTurn(r, 1 + snBitsCount(s->bits, SN_WORDS));
  if (!rc) rc = snRegFlat(r, i->dst);
  if (rc) return rc;
  if (!snRegNulls(r, i->dst)) return SN_NOMEM;
  Vec *out = snReg(r, i->dst);
  Str *left = snReg(r, i->a)->data;
  for (u32 w = 0; w < SN_WORDS; w++)
    for (u64 b = s->bits[w]; b; b &= b - 1) {
      u32 at = w * 64 + (u32)__builtin_ctzll(b);
      if (!left[at].n) {
        s->bits[w] ^= b & -b;
        continue;
      }
      const u8 *p = left[at].p;
      ArrayIter it = {{p, p + left[at].n, false}, 1, out->type, false};
      ArrayItem x;
      (void)snArrayNext(&it, &x);
      if (it.bad) return SN_CORRUPT;
      left[at] = (Str){it.rd.p, (u32)(it.rd.end - it.rd.p), 0};
      exprElement(out, at, &x);
    }
  if (snBitsEmpty(s->bits, SN_WORDS)) r->pc = (u32)i->jump;
  return SEINE_OK;
}

/* ---- functions ---------------------------------------------------------- */

static FuncCtx exprCtx(Run *r, Arena *a) {
  r->scratch.n = 0;
  r->scratch.rc = 0;
  return (FuncCtx){.arena = a, .budget = r->budget, .now_us = r->now_us,
      .scratch = &r->scratch, .error = r->error,
      .counters = snSessionCounters(r->session), .cancelled = snRunCancelled,
      .cancel_arg = r};
}

/* The one register in CODE form when all others are constants and not NULL,
** or NO_REG. */
static u16 exprLoneCode(Run *r, const u16 *arg, u32 n) {
  u16 lone = NO_REG;
  for (u32 k = 0; k < n; k++) {
    const Vec *v = snReg(r, arg[k]);
    if (v->form == VEC_CONST && !snVecNull(v, 0)) continue;
    if (v->form != VEC_CODE || lone != NO_REG) return NO_REG;
    lone = arg[k];
  }
  return lone;
}

/* What computes rows of `in` vectors: a function, a cast, LIKE. */
typedef int (*ExprEval)(Run *r, const Instr *i, FuncCtx *ctx, Vec *args,
    Rows16 rows, Vec *out);

/* What an interrupt leaves of a value is void, and so is the error that it made
** of it. */
static int exprDo(Run *r, const Instr *i, ExprEval eval, FuncCtx *ctx,
    Vec *args, Rows16 rows, Vec *out) {
  int rc = eval(r, i, ctx, args, rows, out);
  if (SN_UNLIKELY(snStops(r->control.interrupted))) return snRunCheck(r);
  return ctx->rc ? ctx->rc : rc;
}

static int exprMemoAlloc(Run *r, Memo *m, u32 n) {
  bool str = snTypeForm(m->out.type) == FORM_STR;
  snMemFree(m->out.buf);
  snMemFree(m->out.null_buf);
  m->out.null_buf = NULL;
  snArenaClear(&m->arena);
  u64 size = n + (u64)SN_WINDOW;
  m->out.buf = snMemZero(r->budget, size * (str ? sizeof(Str) : 8));
  m->out.null_buf = snMemZero(r->budget, size / 8 + 8);
  return m->out.buf && m->out.null_buf ? SEINE_OK : SN_NOMEM;
}

/* One piece of the dictionary: entries [from, from + n).  What was computed
** may lie in the texts, which are in `a`. */
static int exprMemoPiece(Run *r, const Instr *i, ExprEval eval, Memo *m,
    Vec *args, u32 nargs, Vec *code, u32 from, u32 n, Arena *a) {
  u32 *ord = snArenaAlloc(a, n * sizeof *ord);
  Str *text = snArenaAlloc(a, n * sizeof *text);
  Vec part = m->out;
  u64 nulls[SN_WORDS] = {0};
  bool str = snTypeForm(m->out.type) == FORM_STR;
  if (!ord || !text) return SN_NOMEM;
  for (u32 k = 0; k < n; k++) ord[k] = from + k;
  int rc = snDictTexts(code->dict, ord, n, a, (DictText *)text);
  if (rc) return rc;
  for (u32 k = 0; k < nargs; k++)
    if (args[k].form == VEC_CODE)
      args[k] = (Vec){.type = code->type, .form = VEC_FLAT, .data = text};
  u64 bools[SN_WORDS] = {0};
  part.form = VEC_FLAT;
  part.nulls = part.null_buf = nulls;
  part.data = part.buf = m->out.type == TYPE_BOOLEAN ? (void *)bools
      : (u8 *)m->out.buf + from * (str ? sizeof(Str) : 8);
  FuncCtx ctx = exprCtx(r, &m->arena);
  rc = exprDo(r, i, eval, &ctx, args, (Rows16){NULL, n}, &part);
  for (u32 w = 0; !rc && w * 64 < n; w++) {
    m->out.null_buf[from / 64 + w] = nulls[w];
    if (m->out.type == TYPE_BOOLEAN)
      ((u64 *)m->out.buf)[from / 64 + w] = bools[w];
  }
  return rc;
}

/* Runs the function once per dictionary entry and looks the rows up. */
static int exprByDict(Run *r, const Instr *i, ExprEval eval,
    const u16 *arg, u32 nargs, u16 lone) {
  Memo *m = snRunMemo(r, i);
  Vec *code = snReg(r, lone), *out = snReg(r, i->dst);
  u32 count = snDictCount(code->dict), n = r->sel[i->sel].n;
  if (!m) return SN_NOMEM;
  if (!m->set || m->dict_key != code->dict_key) {
    m->set = false;
    m->out.type = out->type;
    bool str = snTypeForm(out->type) == FORM_STR;
    Arena texts;
    snArenaInit(&texts, r->budget);
    int rc = exprMemoAlloc(r, m, count);
    for (u32 at = 0; !rc && at < count; at += SN_WINDOW) {
      Vec args[64];
      for (u32 k = 0; k < nargs; k++) args[k] = *snReg(r, arg[k]);
      rc = exprMemoPiece(r, i, eval, m, args, nargs, code, at,
          SN_MIN(SN_WINDOW, count - at), str ? &m->arena : &texts);
      snArenaReset(&texts, EXPR_TEXTS);
    }
    snArenaClear(&texts);
    if (rc) return rc;
    m->dict_key = code->dict_key;
    m->set = true;
  }
  const u32 *codes = code->data;
  u64 *had = code->nulls;
  int rc = snRegFlat(r, i->dst);
  u64 *nulls = rc ? NULL : snRegNulls(r, i->dst);
  if (!nulls) return SN_NOMEM;
  Vec from = {.type = out->type, .form = VEC_FLAT, .data = m->out.buf};
  for (u32 k = 0; k < n; k++) {
    if (had && snBit(had, k)) {
      snBitSet(nulls, k); /* and nothing of an older batch to read */
      if (snTypeForm(out->type) == FORM_STR)
        ((Str *)out->data)[k] = (Str){NULL, 0, 0};
      continue;
    }
    u32 c = codes[k];
    if (snBit(m->out.null_buf, c)) snBitSet(nulls, k);
    if (out->type == TYPE_BOOLEAN) {
      if (snBit(from.data, c)) snBitSet(out->data, k);
      else snBitClear(out->data, k);
    } else if (snTypeForm(out->type) == FORM_STR) {
      ((Str *)out->data)[k] = ((Str *)from.data)[c];
    } else {
      ((i64 *)out->data)[k] = ((i64 *)from.data)[c];
    }
  }
  return SEINE_OK;
}

/* The plain way: rows that count and have no NULL argument. */
static int exprByRow(Run *r, const Instr *i, ExprEval eval, const u16 *arg,
    u32 nargs, bool sees_nulls) {
  Sel live = r->sel[i->sel];
  Vec args[64];
  for (u32 k = 0; k < nargs; k++) {
    int rc = snRegDecode(r, arg[k], r->sel + i->sel);
    if (rc) return rc;
    args[k] = *snReg(r, arg[k]);
  }
  int rc = snRegFlat(r, i->dst);
  u64 *nulls = rc ? NULL : snRegNulls(r, i->dst);
  if (!nulls) return SN_NOMEM;
  if (!sees_nulls) {
    for (u32 k = 0; k < nargs; k++)
      for (u32 w = 0; w < SN_WORDS; w++) nulls[w] |= exprNullWord(args + k, w);
    for (u32 w = 0; w < SN_WORDS; w++) live.bits[w] &= ~nulls[w];
  }
  Vec *out = snReg(r, i->dst);
  if (out->type == TYPE_BOOLEAN) memset(out->data, 0, SN_WORDS * 8);
  if (snTypeForm(out->type) == FORM_STR)
    memset(out->data, 0, live.n * sizeof(Str));
  FuncCtx ctx = exprCtx(r, &r->batch);
  return exprDo(r, i, eval, &ctx, args, snRunSel(r, &live), out);
}

static int exprRun(Run *r, const Instr *i, ExprEval eval, const u16 *arg,
    u32 nargs, u8 flags) {
  u16 lone = exprLoneCode(r, arg, nargs);
  if (nargs > 64) return SEINE_TOOBIG;
  if (lone != NO_REG && !(flags & (FUNC_NULLS | FUNC_IMPURE))) {
    u32 count = snDictCount(snReg(r, lone)->dict);
    Memo *m = snRunMemo(r, i);
    bool ready = m && m->set && m->dict_key == snReg(r, lone)->dict_key;
    u32 rows = snBitsCount(r->sel[i->sel].bits, SN_WORDS);
    if (!m) return SN_NOMEM;
    if (m->asked_key != snReg(r, lone)->dict_key) m->asked = 0;
    m->asked_key = snReg(r, lone)->dict_key;
    m->asked += rows;
    if (ready || count <= 4096 || count <= m->asked * EXPR_APART)
      return exprByDict(r, i, eval, arg, nargs, lone);
  }
  return exprByRow(r, i, eval, arg, nargs, (flags & FUNC_NULLS) != 0);
}

static int exprCall(Run *r, const Instr *i, FuncCtx *ctx, const Func *f,
    const Vec *args, u32 n, Rows16 rows, Vec *out) {
  if (f->flags & FUNC_KEEPS) {
    Memo *m = snRunMemo(r, i);
    if (!m) return SN_NOMEM;
    ctx->kept = &m->kept;
  }
  return f->fn(ctx, args, n, rows, out);
}

static int exprEvalFunc(Run *r, const Instr *i, FuncCtx *ctx, Vec *args,
    Rows16 rows, Vec *out) {
  const FuncCallDef *d = i->p;
  return exprCall(r, i, ctx, d->func, args, d->n, rows, out);
}

/* p: FuncCallDef. */
int opFunc(Run *r, const Instr *i) {
  const FuncCallDef *d = i->p;
  return exprRun(r, i, exprEvalFunc, d->arg, d->n, d->func->flags);
}

static int exprEvalCast(Run *r, const Instr *i, FuncCtx *ctx, Vec *args,
    Rows16 rows, Vec *out) {
  (void)r;
  (void)i;
  return snCastVec(ctx, args, rows, out);
}

/* Elements of an array that a cast made NULL, a number that lost its fraction:
** what a column cannot hold as it was given. */
static bool exprLost(const Vec *a, const Vec *out, u32 at) {
  u32 from = snVecAt(a, at), to = snVecAt(out, at);
  if (snVecNull(out, at)) return true;
  if (out->type == TYPE_INTEGER && a->type == TYPE_REAL)
    return (double)((const i64 *)out->data)[to] !=
        ((const double *)a->data)[from];
  if (out->type == TYPE_INTEGER && snTypeIsString(a->type)) {
    const Str *s = (const Str *)a->data + from;
    double d;
    return snNumReal((const char *)s->p, s->n, &d) && d != floor(d);
  }
  if (!(out->type & TYPE_ARRAY) || !(a->type & TYPE_ARRAY)) return false;
  const Str *x = (const Str *)a->data + from;
  const Str *y = (const Str *)out->data + to;
  ArrayIter was, is;
  ArrayItem v, w;
  snArrayOpen(&was, x->p, x->n);
  snArrayOpen(&is, y->p, y->n);
  while (snArrayNext(&was, &v) && snArrayNext(&is, &w))
    if (w.null && !v.null) return true;
  return false;
}

/* flag 1: what is no value of the type is an error, not NULL. */
static int exprStrict(Run *r, const Instr *i, const u64 *bits, u32 words) {
  const Vec *a = snReg(r, i->a), *out = snReg(r, i->dst);
  char name[24];
  if (!(i->flag & 1)) return SEINE_OK;
  for (u32 w = 0; w < words; w++)
    for (u64 b = bits[w]; b; b &= b - 1) {
      u32 at = w * 64 + (u32)__builtin_ctzll(b);
      if (snVecNull(a, at) || !exprLost(a, out, at)) continue;
      if (!snTypeIsString(a->type))
        return snRunFail(r, SEINE_ERROR, "a value is no %s%s%s",
            snTypeName(out->type, name), i->note ? " for column " : "",
            i->note ? i->note : "");
      const Str *s = (const Str *)a->data + snVecAt(a, at);
      return snRunFail(r, SEINE_ERROR, "'%.*s' is no %s%s%s",
          (int)SN_MIN(s->n, 60u), s->p, snTypeName(out->type, name),
          i->note ? " for column " : "", i->note ? i->note : "");
    }
  return SEINE_OK;
}

int opCast(Run *r, const Instr *i) {
  const Vec *a = snReg(r, i->a);
  Vec *out = snReg(r, i->dst);
  bool same = snTypeIsString(a->type) && snTypeIsString(out->type) &&
      out->type != TYPE_JSON; /* JSON is looked at */
  if (a->type == out->type || same) {
    if (a->form == VEC_FLAT && i->sel != NO_REG) {
      int rc = snRegDecode(r, i->a, r->sel + i->sel);
      if (rc) return rc;
    }
    r->reg[i->dst].coded = NULL;
    u8 type = out->type;
    void *buf = out->buf;
    u64 *nb = out->null_buf;
    *out = *a;
    out->type = type;
    out->buf = buf;
    out->null_buf = nb;
    return SEINE_OK;
  }
  if (a->form == VEC_CONST && i->sel == NO_REG) { /* among the constants */
    Sel one;
    snSelAll(&one, 1);
    int rc = snRegFlat(r, i->dst);
    u64 *nulls = rc ? NULL : snRegNulls(r, i->dst);
    if (!nulls) return SN_NOMEM;
    FuncCtx ctx = exprCtx(r, &r->keep);
    Vec arg = *a;
    if (snVecNull(a, 0)) snBitSet(nulls, 0);
    else rc = exprDo(r, i, exprEvalCast, &ctx, &arg, (Rows16){NULL, 1}, out);
    out->form = VEC_CONST;
    return rc ? rc : exprStrict(r, i, one.bits, 1);
  }
  int rc = exprRun(r, i, exprEvalCast, &i->a, 1, 0);
  if (!rc && (i->flag & 1)) rc = snRegDecode(r, i->a, r->sel + i->sel);
  return rc ? rc : exprStrict(r, i, r->sel[i->sel].bits, SN_WORDS);
}

/* k: 0 LIKE, 1 GLOB, 2 REGEXP; flag 1: NOT; c: a third register is no part
** of it. */
static int exprEvalLike(Run *r, const Instr *i, FuncCtx *ctx, Vec *args,
    Rows16 rows, Vec *out) {
  static const char *const names[] = {"like", "glob", "regexp"};
  Vec turned[2] = {args[1], args[0]};
  const Func *f = snFuncFind(names[i->k], strlen(names[i->k]), 0);
  if (!f) return SEINE_MISUSE;
  return exprCall(r, i, ctx, f, turned, 2, rows, out);
}

int opLike(Run *r, const Instr *i) {
  const u16 arg[2] = {i->a, i->b};
  int rc = exprRun(r, i, exprEvalLike, arg, 2, 0);
  if (rc || !(i->flag & 1)) return rc;
  u64 *out = snReg(r, i->dst)->data;
  for (u32 w = 0; w < SN_WORDS; w++) out[w] = ~out[w];
  return SEINE_OK;
}

static int exprEvalConcat(Run *r, const Instr *i, FuncCtx *ctx, Vec *args,
    Rows16 rows, Vec *out) {
  (void)r;
  (void)i;
  u32 most = snKernMost(ctx);
  for (u32 k = 0; k < rows.n; k++) {
    u32 at = rows.rows ? rows.rows[k] : k;
    const Str *x = (const Str *)args[0].data + snVecAt(args, at);
    const Str *y = (const Str *)args[1].data + snVecAt(args + 1, at);
    u64 n = (u64)x->n + y->n;
    if (n > most) return snKernTooBig(ctx);
    u8 *p = snArenaBytes(ctx->arena, n + 1);
    if (!p) return SN_NOMEM;
    snKernCopy(ctx, p, x->p, x->n);
    snKernCopy(ctx, p + x->n, y->p, y->n);
    ((Str *)out->data)[at] = (Str){p, (u32)n, 0};
  }
  return SEINE_OK;
}

int opConcat(Run *r, const Instr *i) {
  const u16 arg[2] = {i->a, i->b};
  return exprRun(r, i, exprEvalConcat, arg, 2, 0);
}

/* ---- IN ----------------------------------------------------------------- */

/* p: registers of the list, constants all; the set is made once a run.
** k: object.  flag 1: NOT IN. */
typedef struct InObject {
  Object head;
  StrSet str;
  IntSet num;
  bool has_null;
} InObject;

static void exprInFree(Object *o) {
  InObject *s = (InObject *)o;
  snStrSetClear(&s->str);
  snIntSetClear(&s->num);
  snMemFree(s);
}

static u64 exprInKey(const Vec *v, u32 i) {
  u32 at = snVecAt(v, i);
  if (v->type == TYPE_BOOLEAN) return snBit(v->data, at);
  if (snTypeForm(v->type) == FORM_REAL) {
    double d = ((const double *)v->data)[at] + 0.0; /* -0.0 is 0.0 */
    u64 k;
    memcpy(&k, &d, 8);
    return k;
  }
  return (u64)((const i64 *)v->data)[at];
}

static int exprInBuild(Run *r, const Instr *i, InObject **out) {
  const RegList *list = i->p;
  InObject *s = snMemZero(r->budget, sizeof *s);
  if (!s) return SN_NOMEM;
  s->head.free = exprInFree;
  r->obj[i->k] = &s->head;
  snStrSetInit(&s->str, r->budget);
  snIntSetInit(&s->num, r->budget);
  for (u32 k = 0; k < list->n; k++) {
    const Vec *v = snReg(r, list->reg[k]);
    if (snVecNull(v, 0)) {
      s->has_null = true;
    } else if (snTypeForm(v->type) == FORM_STR) {
      const Str *t = v->data;
      (void)snStrSetAdd(&s->str, t->p, t->n);
    } else {
      (void)snIntSetAdd(&s->num, exprInKey(v, 0));
    }
  }
  *out = s;
  return s->str.rc ? s->str.rc : s->num.rc;
}

static int exprEvalIn(Run *r, const Instr *i, FuncCtx *ctx, Vec *args,
    Rows16 rows, Vec *out) {
  InObject *s = (InObject *)r->obj[i->k];
  bool str = snTypeForm(args->type) == FORM_STR;
  (void)ctx;
  for (u32 k = 0; k < rows.n; k++) {
    u32 at = rows.rows ? rows.rows[k] : k;
    const Str *t = (const Str *)args->data + (str ? snVecAt(args, at) : 0);
    u32 hit = str ? snStrSetFind(&s->str, t->p, t->n)
                  : snIntSetFind(&s->num, exprInKey(args, at));
    if (hit == UINT32_MAX && s->has_null) snBitSet(out->nulls, at);
    if ((hit != UINT32_MAX) != (i->flag & 1)) snBitSet(out->data, at);
  }
  return SEINE_OK;
}

int opIn(Run *r, const Instr *i) {
  if (!r->obj[i->k]) {
    InObject *s;
    int rc = exprInBuild(r, i, &s);
    if (rc) return rc;
  }
  return exprRun(r, i, exprEvalIn, &i->a, 1, 0);
}
#undef EXPR_TEXTS
#undef EXPR_APART
