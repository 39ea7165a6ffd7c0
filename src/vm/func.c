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
  snKernCopy(c, to, p, n);
  *o = (Str){to, (u32)n, 0};
  return c->rc;
}

/* Once it is to end each further question says so at once: what comes behind
** may be half made, and is not to be walked. */
bool snKernAsk(FuncCtx *c) {
  c->made = 0;
  if (!c->rc && c->cancelled && c->cancelled(c->cancel_arg))
    c->rc = SEINE_INTERRUPT;
  if (c->rc) c->made = SN_STRIDE;
  return c->rc != SEINE_OK;
}

/* Behind more than three bytes that only go on stands no character. */
u32 snKernCut(const u8 *p, u32 n) {
  u32 k = SN_STRIDE;
  if (n <= k) return n;
  while (k > SN_STRIDE - 3 && (p[k] & 0xc0) == 0x80) k--;
  return (p[k] & 0xc0) == 0x80 ? SN_STRIDE : k;
}

u32 snKernCount(FuncCtx *c, Str s) {
  u32 count = 0;
  for (u32 at = 0, n; at < s.n; at += n) {
    n = snKernCut(s.p + at, s.n - at);
    count += snUtfCount(s.p + at, n);
    if (snKernStop(c, n)) break;
  }
  return count;
}

u32 snKernOffset(FuncCtx *c, Str s, u32 k) {
  u32 at = 0;
  while (at < s.n && k) {
    u32 n = snKernCut(s.p + at, s.n - at), have = snUtfCount(s.p + at, n);
    if (have > k) return at + (u32)snUtfOffset(s.p + at, n, k);
    k -= have;
    at += n;
    if (snKernStop(c, n)) break;
  }
  return at;
}

void snKernCopy(FuncCtx *c, u8 *to, const void *p, size_t n) {
  const u8 *from = p;
  for (size_t k; n; n -= k, to += k, from += k) {
    k = SN_MIN(n, (size_t)SN_STRIDE);
    memcpy(to, from, k);
    if (snKernStop(c, k)) break;
  }
}

void snKernAdd(FuncCtx *c, Buf *b, Str s) {
  u8 *to = snBufSpace(b, s.n);
  if (to) snKernCopy(c, to, s.p, s.n);
}

/* Pieces overlap, so that a place may lie across their border. */
const u8 *snKernFind(FuncCtx *c, Str s, Str t, KernFind find) {
  u32 step = SN_MAX(SN_STRIDE, t.n);
  while (s.n >= t.n) {
    u32 n = (u32)SN_MIN((u64)s.n, (u64)step + t.n - 1);
    const u8 *q = find ? find(s.p, n, t) : memmem(s.p, n, t.p, t.n);
    if (q || n == s.n || snKernStop(c, n)) return q;
    s.p += step;
    s.n -= step;
  }
  return NULL;
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

