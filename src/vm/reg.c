/*
** reg: registers: vectors with buffers of their own, made when first needed.
*/
#include "vm/vmInt.h"

static size_t regWidth(u8 type) {
  return snTypeForm(type) == FORM_STR ? sizeof(Str) : 8;
}

int snRegFlat(Run *r, u16 reg) {
  Vec *v = snReg(r, reg);
  if (!v->buf && !r->twin && regWidth(v->type) == 8) {
    v->buf = snSessionRoom(r->session);
    if (v->buf) memset(v->buf, 0, SN_WORDS * 8); /* constants, and bitmaps */
  }
  if (!v->buf) {
    v->buf = snMemZero(r->budget, SN_WINDOW * regWidth(v->type));
    if (!v->buf) return SN_NOMEM;
  }
  r->reg[reg].coded = NULL;
  v->form = VEC_FLAT;
  v->data = v->buf;
  v->nulls = NULL;
  v->dict = NULL;
  return SEINE_OK;
}

void snRegFree(Run *r, u32 reg) {
  Reg *g = r->reg + reg;
  if (!r->twin && regWidth(g->v.type) == 8) snSessionGive(r->session, g->v.buf);
  else snMemFree(g->v.buf);
  snMemFree(g->v.null_buf);
  snMemFree(g->codes);
}

u64 *snRegNulls(Run *r, u16 reg) {
  Vec *v = snReg(r, reg);
  if (!v->null_buf)
    v->null_buf = snMemAlloc(r->budget, SN_WORDS * sizeof(u64));
  if (!v->null_buf) return NULL;
  memset(v->null_buf, 0, SN_WORDS * sizeof(u64));
  return v->nulls = v->null_buf;
}

u32 *snRegCodes(Run *r, u16 reg) {
  Reg *g = r->reg + reg;
  if (!g->codes) g->codes = snMemZero(r->budget, SN_WINDOW * sizeof(u32));
  return g->codes;
}

const u32 *snRegCoded(Run *r, u16 reg) {
  const Reg *g = r->reg + reg;
  if (g->v.form == VEC_CODE) return g->v.data;
  return g->v.form == VEC_FLAT ? g->coded : NULL;
}

int snRegDecode(Run *r, u16 reg, const Sel *s) {
  Reg *g = r->reg + reg;
  Vec *v = &g->v;
  u64 *nulls = v->nulls;
  if (v->form == VEC_CODE) {
    const u32 *codes = v->data;
    struct Dict *d = v->dict;
    int rc = snRegFlat(r, reg);
    if (rc) return rc;
    g->coded = codes;
    v->dict = d;
    v->nulls = nulls;
    memset(g->done, 0, sizeof g->done);
    memset(v->data, 0, s->n * sizeof(Str));
  }
  if (!g->coded || v->form != VEC_FLAT) return SEINE_OK;
  u32 *pick = snArenaAlloc(&r->batch, SN_WINDOW * sizeof(u32)), n = 0;
  DictText *t = snArenaAlloc(&r->batch, SN_WINDOW * sizeof *t);
  u16 *at = snArenaAlloc(&r->batch, SN_WINDOW * sizeof *at);
  if (!pick || !t || !at) return SN_NOMEM;
  for (u32 w = 0; w < SN_WORDS; w++) {
    u64 todo = s->bits[w] & ~g->done[w] & ~(nulls ? nulls[w] : 0);
    g->done[w] |= todo;
    for (; todo; todo &= todo - 1) {
      at[n] = (u16)(w * 64 + (u32)__builtin_ctzll(todo));
      pick[n] = g->coded[at[n]];
      n++;
    }
  }
  int rc = n ? snDictTexts(v->dict, pick, n, &r->batch, t) : SEINE_OK;
  Str *out = v->data;
  for (u32 k = 0; !rc && k < n; k++) out[at[k]] = (Str){t[k].p, t[k].n, 0};
  return rc;
}

void snRegAlias(Run *r, u16 dst, u16 a) {
  const Vec *in = snReg(r, a);
  Vec *out = snReg(r, dst);
  r->reg[dst].coded = NULL;
  out->form = in->form;
  out->data = in->data;
  out->nulls = in->nulls;
  out->dict = in->dict;
  out->dict_key = in->dict_key;
}

int snRegNullsOf(Run *r, u16 dst, u16 a, u16 b) {
  const u16 from[2] = {a, b};
  u64 *out = NULL;
  for (u32 k = 0; k < 2; k++) {
    if (from[k] == NO_REG) continue;
    const Vec *v = snReg(r, from[k]);
    if (!v->nulls) continue;
    if (v->form == VEC_CONST) {
      if (!snBit(v->nulls, 0)) continue;
      if (!(out = snRegNulls(r, dst))) return SN_NOMEM;
      memset(out, 0xff, SN_WORDS * sizeof(u64));
      return SEINE_OK;
    }
    if (!out && dst == from[k]) {
      out = v->nulls;
      continue;
    }
    if (!out && !(out = snRegNulls(r, dst))) return SN_NOMEM;
    for (u32 w = 0; w < SN_WORDS; w++) out[w] |= v->nulls[w];
  }
  return SEINE_OK;
}

void snVecTrue(const Vec *v, u64 *out) {
  const u64 *b = v->data;
  if (v->form == VEC_CONST) {
    bool yes = snVecBool(v, 0);
    memset(out, yes ? 0xff : 0, SN_WORDS * sizeof(u64));
    return;
  }
  for (u32 w = 0; w < SN_WORDS; w++)
    out[w] = b[w] & ~(v->nulls ? v->nulls[w] : 0);
}

Memo *snRunMemo(Run *r, const Instr *i) {
  u32 at = (u32)(i - r->prog->code);
  if (!r->memo[at]) {
    r->memo[at] = snMemZero(r->budget, sizeof(Memo));
    if (r->memo[at]) snArenaInit(&r->memo[at]->arena, r->budget);
  }
  return r->memo[at];
}
