/*
** func: which scalar functions are there?  Joins the parts of the table that
** the kern_*.c files hold, and has what all kernels share.
**
** (1) The entries of one name lie in one part, in the order in which they
**     are to be tried; or in several, then the parts' order counts.
** (2) A Str behind a null bit that a kernel set is the empty one: whoever
**     reads without looking at the nulls reads nothing wild.
*/
#include "vm/kern.h"

#define FUNC_ASK (1u << 20) /* bytes of texts between looks for a cancel */

/* Forms: the compiler takes them apart, so that they have no code here. */
static const Func *funcForms(u32 *n) {
  static const Func forms[] = {
    {"coalesce", "*+", FUNC_SAME, 0, NULL},
    {"ifnull", "**", FUNC_SAME, 0, NULL},
    {"nvl", "**", FUNC_SAME, 0, NULL},
    {"nullif", "**", FUNC_SAME, 0, NULL},
    {"nvl2", "***", FUNC_SAME, 0, NULL},
    {"likely", "*", FUNC_SAME, 0, NULL},
    {"unlikely", "*", FUNC_SAME, 0, NULL},
    {"likelihood", "*r", FUNC_SAME, 0, NULL},
    {"iif", "b*?*", FUNC_SAME, 0, NULL},
    {"if", "b*?*", FUNC_SAME, 0, NULL},
    {"match", "ss", TYPE_BOOLEAN, 0, NULL},
    {"score", "?s", TYPE_REAL, 0, NULL},
    {"explain_score", "?s", TYPE_TEXT, 0, NULL},
    {"highlight", "s?ss", TYPE_TEXT, 0, NULL},
    {"offsets", "s", TYPE_TEXT, 0, NULL},
    {"snippet", "s?isss", TYPE_TEXT, 0, NULL},
  };
  *n = SN_COUNT(forms);
  return forms;
}

static const Func *(*const funcParts[])(u32 *) = {snKernStrList,
    snKernMathList, snKernWhenList, snKernDateList, snKernLikeList,
    snKernRegexList, snKernMiscList, snKernDecayList, snKernJsonList,
    snKernArrayList, snKernGeoList, snKernBytesList,
    snKernMergeList,
    funcForms};

const Func *snFuncAt(u32 i) {
  for (u32 part = 0; part < SN_COUNT(funcParts); part++) {
    u32 n;
    const Func *f = funcParts[part](&n);
    if (i < n) return f + i;
    i -= n;
  }
  return NULL;
}

const Func *snFuncFind(const char *name, size_t n, u32 k) {
  for (u32 part = 0; part < SN_COUNT(funcParts); part++) {
    u32 count;
    const Func *f = funcParts[part](&count);
    for (const Func *end = f + count; f < end; f++) {
      if (!snAsciiEq(f->name, strlen(f->name), name, n)) continue;
      if (!k--) return f;
    }
  }
  return NULL;
}

/* ---- What kernels share ------------------------------------------------- */

int snFuncStr(FuncCtx *c, Vec *out, u32 i, const void *p, size_t n) {
  Str *o = (Str *)out->data + i;
  u8 *to;
  *o = (Str){NULL, 0, 0};
  if (!n) return SEINE_OK;
  if (n > snKernMost(c)) return snKernTooBig(c);
  to = snArenaBytes(c->arena, n);
  if (!to) return SN_NOMEM;
  memcpy(to, p, n);
  *o = (Str){to, (u32)n, 0};
  c->made += n;
  if (c->made < FUNC_ASK || !c->cancelled) return SEINE_OK;
  c->made = 0;
  return c->cancelled(c->cancel_arg) ? SEINE_INTERRUPT : SEINE_OK;
}

void snKernNull(Vec *out, u32 i) {
  assert(out->form == VEC_FLAT);
  if (!out->nulls) {
    out->nulls = out->null_buf;
    memset(out->nulls, 0, SN_WORDS * sizeof(u64));
  }
  snBitSet(out->nulls, i);
  if (snTypeForm(out->type) == FORM_STR) {
    ((Str *)out->data)[i] = (Str){NULL, 0, 0};
  }
}

void snKernGet(const Vec *v, u32 i, KernVal *out) {
  memset(out, 0, sizeof *out);
  if (v->type == TYPE_NULL) return;
  if (v->type == TYPE_BOOLEAN) {
    out->i = snKernBool(v, i);
    return;
  }
  switch (snTypeForm(v->type)) {
    case FORM_INT: out->i = snKernInt(v, i); break;
    case FORM_REAL: out->d = snKernReal(v, i); break;
    case FORM_STR: out->s = snKernStr(v, i); break;
  }
}

void snKernSlice(u32 n, i64 *from, i64 *to) {
  i64 all = n;
  if (*from < 0) *from = SN_MAX(*from, -all - 1) + all + 1;
  if (*to < 0) *to = SN_MAX(*to, -all - 1) + all + 1;
  *to = SN_MIN(*to, all);
  *from = SN_MAX(SN_MIN(*from, all + 1) - 1, 0);
  *to = SN_MAX(*from, *to);
}

void snKernText(Buf *b, u8 type, const KernVal *v) {
  char text[32];
  if (type == TYPE_NULL) return;
  switch (snTypeForm(type)) {
    case FORM_INT: snTypeIntText(b, type, v->i); break;
    case FORM_REAL: snBufAdd(b, text, snNumRealText(v->d, text)); break;
    case FORM_STR: snTypeStrText(b, type, v->s.p, v->s.n); break;
  }
}

void snKernVecText(Buf *b, const Vec *v, u32 i) {
  KernVal val;
  snKernGet(v, i, &val);
  snKernText(b, v->type, &val);
}

Buf *snKernScratch(FuncCtx *c) {
  c->scratch->n = 0;
  return c->scratch;
}

int snKernTake(FuncCtx *c, Vec *out, u32 i) {
  if (c->scratch->rc) return c->scratch->rc;
  return snFuncStr(c, out, i, c->scratch->data, c->scratch->n);
}

int snKernError(FuncCtx *c, const char *fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  vsnprintf(c->error, 256, fmt, ap);
  va_end(ap);
  return SEINE_ERROR;
}

u32 snKernMostOf(const Budget *b) {
  return (u32)SN_MIN(snLimit(b, SEINE_LIMIT_VALUE), KERN_VALUE_MAX);
}

u32 snKernMost(const FuncCtx *c) { return snKernMostOf(c->budget); }

int snKernTooBig(FuncCtx *c) {
  snKernError(c, "a value of more than %u bytes: %s", snKernMost(c),
      snLimitSay(c->budget, SEINE_LIMIT_VALUE));
  return SEINE_TOOBIG;
}

#undef FUNC_ASK
