/*
** kern_cast: values of one type to another.
**
** (1) What cannot be converted is NULL, never an error.
** (2) Text to a number must be a number as a whole; REAL to INTEGER goes
**     towards 0.  As INTEGER a TIMESTAMP is microseconds, a DATE days.
** (3) Between TEXT, KEYWORD, JSON and BLOB the bytes stay where they are.
** (4) An INTERVAL is a Str of the 16 bytes of struct Interval.
** (5) An array converts element by element; a scalar is an array of one; of
**     a text that begins with [ the array is read.
*/
#include "vm/kern.h"

#define KERN_CAST_DAY 86400000000ll

/* ---- To INTEGER and what is held like it -------------------------------- */

static bool kernCastIntFromReal(double d, i64 *out) {
  *out = 0;
  if (!(d >= -0x1p63 && d < 0x1p63)) return false;
  *out = (i64)d;
  return true;
}

static bool kernCastIntFromText(u8 to, Str s, i64 *out) {
  const char *p = (const char *)s.p;
  u32 n = s.n;
  double d;
  *out = 0;
  while (n && (u8)*p <= ' ') p++, n--;
  while (n && (u8)p[n - 1] <= ' ') n--;
  if (!n) return false;
  if (snTypeParseInt(to, p, n, out)) return true;
  if (to == TYPE_INTEGER && snNumReal(p, n, &d)) {
    return kernCastIntFromReal(d, out);
  }
  if (to == TYPE_BOOLEAN && snNumReal(p, n, &d) && !isnan(d)) {
    *out = d != 0;
    return true;
  }
  if (to == TYPE_DATE && snTimeParse(p, n, out)) {
    *out = *out / KERN_CAST_DAY - (*out % KERN_CAST_DAY < 0);
    return true;
  }
  return false;
}

static bool kernCastIntFromInt(u8 from, i64 v, u8 to, i64 *out) {
  *out = v;
  if (from == to) return true;
  if (from == TYPE_GEOPOINT || to == TYPE_GEOPOINT) return false;
  switch (to) {
    case TYPE_BOOLEAN:
      *out = v != 0;
      return from == TYPE_INTEGER;
    case TYPE_INTEGER: return true;
    case TYPE_TIMESTAMP:
      if (from == TYPE_INTEGER) return true;
      return from == TYPE_DATE &&
          !__builtin_mul_overflow(v, KERN_CAST_DAY, out);
    case TYPE_DATE:
      if (from == TYPE_INTEGER) return true;
      *out = v / KERN_CAST_DAY - (v % KERN_CAST_DAY < 0);
      return from == TYPE_TIMESTAMP;
    default: return false;
  }
}

static bool kernCastToInt(u8 from, const KernVal *v, u8 to, i64 *out) {
  *out = 0;
  if (from == TYPE_REAL) {
    if (to == TYPE_BOOLEAN) {
      *out = v->d != 0;
      return !isnan(v->d);
    }
    return to != TYPE_GEOPOINT && kernCastIntFromReal(v->d, out);
  }
  if (snTypeIsString(from)) return kernCastIntFromText(to, v->s, out);
  if (snTypeForm(from) != FORM_INT) return false;
  return kernCastIntFromInt(from, v->i, to, out);
}

static bool kernCastToReal(u8 from, const KernVal *v, double *out) {
  *out = 0;
  if (from == TYPE_REAL) {
    *out = v->d;
    return true;
  }
  if (snTypeIsString(from)) {
    return v->s.n && snNumReal((const char *)v->s.p, v->s.n, out);
  }
  if (snTypeForm(from) != FORM_INT || from == TYPE_GEOPOINT) return false;
  *out = (double)v->i;
  return true;
}

/* ---- To strings --------------------------------------------------------- */

/* What is in the scratch, kept in the arena. */
static bool kernCastKeep(FuncCtx *c, const Buf *b, Str *out, int *rc) {
  u8 *p;
  *out = (Str){NULL, 0, 0};
  *rc = b->rc;
  if (!*rc && b->n > snKernMost(c)) *rc = snKernTooBig(c);
  if (*rc) return false;
  if (!b->n) return true;
  p = snArenaBytes(c->arena, b->n);
  if (!p) {
    *rc = SN_NOMEM;
    return false;
  }
  snKernCopy(c, p, b->data, b->n);
  *out = (Str){p, (u32)b->n, 0};
  return true;
}

static bool kernCastToJson(FuncCtx *c, u8 from, const KernVal *v, Str *out,
    int *rc) {
  Buf *b = snKernScratch(c);
  Str text;
  if (snTypeIsString(from) || from == TYPE_BLOB) {
    *out = v->s;
    return from == TYPE_JSON ||
        (v->s.n && snJsonValid((const char *)v->s.p, v->s.n, c->budget));
  }
  if (from == TYPE_REAL && !isfinite(v->d)) return false;
  snKernText(b, from, v);
  if (!kernCastKeep(c, b, out, rc)) return false;
  if (from & TYPE_ARRAY || from == TYPE_BOOLEAN || snTypeIsNumber(from)) {
    return true;
  }
  text = *out;
  b = snKernScratch(c);
  snBufJson(b, (const char *)text.p, text.n);
  return kernCastKeep(c, b, out, rc);
}

static bool kernCastToStr(FuncCtx *c, u8 from, const KernVal *v, u8 to,
    Str *out, int *rc) {
  bool text = snTypeIsString(from);
  *out = v->s;
  if (from == to) return true;
  switch (to) {
    case TYPE_TEXT: case TYPE_KEYWORD: case TYPE_BLOB:
      if (text || from == TYPE_BLOB) return true;
      snKernText(snKernScratch(c), from, v);
      return kernCastKeep(c, c->scratch, out, rc);
    case TYPE_JSON: return kernCastToJson(c, from, v, out, rc);
    case TYPE_IP:
      if (from == TYPE_BLOB && v->s.n == 16) return true;
      break;
    default: break;
  }
  if (!text || !v->s.n) return false;
  if (!snTypeParseStr(to, (const char *)v->s.p, v->s.n,
      snKernScratch(c))) {
    *rc = c->scratch->rc;
    return false;
  }
  return kernCastKeep(c, c->scratch, out, rc);
}

static bool kernCastScalar(FuncCtx *c, u8 from, const KernVal *v, u8 to,
    KernVal *out, int *rc) {
  memset(out, 0, sizeof *out);
  switch (snTypeForm(to)) {
    case FORM_INT: return kernCastToInt(from, v, to, &out->i);
    case FORM_REAL: return kernCastToReal(from, v, &out->d);
    default: return kernCastToStr(c, from, v, to, &out->s, rc);
  }
}

/* ---- Arrays ------------------------------------------------------------- */

static void kernCastAddItem(Buf *b, u8 type, const KernVal *v) {
  switch (snTypeForm(type)) {
    case FORM_INT: snArrayInt(b, v->i); break;
    case FORM_REAL: snArrayReal(b, v->d); break;
    case FORM_STR: snArrayStr(b, v->s.p, v->s.n); break;
  }
}

static bool kernCastArrayItems(FuncCtx *c, Str in, u8 to, Buf *b, int *rc) {
  ArrayIter it;
  ArrayItem item;
  snArrayOpen(&it, in.p, in.n);
  if (it.bad) return false;
  snArrayBegin(b, to, it.left);
  while (!snKernStop(c, 4) && snArrayNext(&it, &item)) {
    KernVal v = {item.i, item.d, {item.p, item.n, 0}}, x;
    if (!item.null && kernCastScalar(c, it.type, &v, to, &x, rc)) {
      kernCastAddItem(b, to, &x);
    } else {
      snArrayNull(b);
    }
    if (*rc) return false;
  }
  return !it.bad;
}

/* Built in a buffer of its own, since the elements use the scratch. */
static bool kernCastToArray(FuncCtx *c, u8 from, const KernVal *v, u8 to,
    Str *out, int *rc) {
  u8 elem = to & (u8)~TYPE_ARRAY;
  bool good;
  KernVal x;
  Buf b;
  snBufInit(&b, c->budget);
  if (from & TYPE_ARRAY) {
    good = kernCastArrayItems(c, v->s, elem, &b, rc);
  } else if (snTypeIsString(from) && v->s.n && v->s.p[0] == '[' &&
      snTypeParseStr(to, (const char *)v->s.p, v->s.n, &b)) {
    good = true;
  } else {
    b.n = 0;
    good = kernCastScalar(c, from, v, elem, &x, rc);
    if (good) {
      snArrayBegin(&b, elem, 1);
      kernCastAddItem(&b, elem, &x);
    }
  }
  if (good) good = kernCastKeep(c, &b, out, rc);
  snBufClear(&b);
  return good;
}

bool snCastVal(FuncCtx *c, u8 from, const KernVal *v, u8 to, KernVal *out,
    int *rc) {
  memset(out, 0, sizeof *out);
  *rc = SEINE_OK;
  if (from == TYPE_NULL || to == TYPE_NULL) return false;
  if (from == to) {
    *out = *v;
    return true;
  }
  if (to & TYPE_ARRAY) return kernCastToArray(c, from, v, to, &out->s, rc);
  return kernCastScalar(c, from, v, to, out, rc);
}

/* ---- Vectors ------------------------------------------------------------ */

static void kernCastPut(Vec *out, u32 i, const KernVal *v) {
  if (out->type == TYPE_BOOLEAN) {
    if (v->i) snBitSet(out->data, i);
    else snBitClear(out->data, i);
    return;
  }
  switch (snTypeForm(out->type)) {
    case FORM_INT: ((i64 *)out->data)[i] = v->i; break;
    case FORM_REAL: ((double *)out->data)[i] = v->d; break;
    case FORM_STR: ((Str *)out->data)[i] = v->s; break;
  }
}

static int kernCastConst(FuncCtx *c, const Vec *in, Rows16 rows, Vec *out) {
  KernVal v, x = {0, 0, {NULL, 0, 0}};
  bool good = false;
  int rc = SEINE_OK;
  if (!snKernIsNull(in, 0)) {
    snKernGet(in, 0, &v);
    good = snCastVal(c, in->type, &v, out->type, &x, &rc);
    if (rc) return rc;
  }
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k);
    kernCastPut(out, i, &x);
    if (!good) snKernNull(out, i);
  }
  return SEINE_OK;
}

static void kernCastIntsToReals(const i64 *in, Rows16 rows, double *o) {
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k);
    o[i] = (double)in[i];
  }
}

static void kernCastRealsToInts(const double *in, Rows16 rows, Vec *out) {
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k);
    if (!kernCastIntFromReal(in[i], (i64 *)out->data + i)) snKernNull(out, i);
  }
}

/* Rows that are NULL already come along: they hold something to read. */
static bool kernCastQuick(const Vec *in, Rows16 rows, Vec *out) {
  if (in->type == TYPE_INTEGER && out->type == TYPE_REAL) {
    kernCastIntsToReals(in->data, rows, out->data);
  } else if (in->type == TYPE_REAL && out->type == TYPE_INTEGER) {
    kernCastRealsToInts(in->data, rows, out);
  } else {
    return false;
  }
  return true;
}

int snCastVec(FuncCtx *c, const Vec *in, Rows16 rows, Vec *out) {
  KernVal v, x;
  int rc;
  if (in->form == VEC_CONST || in->type == TYPE_NULL) {
    return kernCastConst(c, in, rows, out);
  }
  if (kernCastQuick(in, rows, out)) return SEINE_OK;
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k);
    bool good = false;
    memset(&x, 0, sizeof x);
    if (!snVecNull(in, i)) {
      snKernGet(in, i, &v);
      good = snCastVal(c, in->type, &v, out->type, &x, &rc);
      if (rc) return rc;
    }
    kernCastPut(out, i, &x);
    if (!good) snKernNull(out, i);
  }
  return SEINE_OK;
}

#undef KERN_CAST_DAY
