/*
** import_value: a value of the input in the form of its column, or the wider
** type that its column must get.
**
** (1) A value that reads as one of the column's type is converted: the text
**     "12" is an INTEGER, 3.0 is 3, true is 1.  In a table that this load
**     made, a text of CSV must be written as numbers are (no leading zeros):
**     else the column becomes TEXT.
** (2) Integers in a TIMESTAMP column are seconds, milliseconds, microseconds
**     or nanoseconds since 1970, by their size; small ones are not taken.
** (3) The empty text of CSV is NULL where a text cannot be.  So is an array
**     without values in a column without arrays.
** (4) Widening goes one step or two: INTEGER to REAL, DATE to TIMESTAMP,
**     anything to TEXT, a scalar to an array, what nests to JSON.
*/
#include "api/import.h"

#define VALUE_TIME_LEAST 100000000ll /* seconds: 1973 */

static bool valueIsText(const ImportCell *c) {
  return c->kind == IMPORT_TEXT || c->kind == IMPORT_FIELD;
}

/* ---- INTEGER and its like ----------------------------------------------- */

static bool valueEpoch(i64 v, i64 *out) {
  i64 a = v < 0 ? -v : v;
  *out = v;
  if (v == INT64_MIN || a < VALUE_TIME_LEAST) return false;
  if (a < 100000000000ll) *out = v * 1000000;
  else if (a < 100000000000000ll) *out = v * 1000;
  else if (a >= 100000000000000000ll) *out = v / 1000;
  return true;
}

static bool valueWhole(double d, i64 *out) {
  if (!(fabs(d) <= 9007199254740992.0) || d != floor(d)) return false;
  *out = (i64)d;
  return true;
}

static bool valueIntText(const seine_import *imp, const ImportCell *c,
    u8 type, i64 *out) {
  double d;
  if (!c->n) return false;
  if (type == TYPE_INTEGER && c->kind == IMPORT_FIELD && imp->st.created) {
    return snImportShape(c->p, c->n, out, &d) == IMPORT_INT;
  }
  if (snTypeParseInt(type, c->p, c->n, out)) return true;
  return type == TYPE_INTEGER && !imp->st.created &&
      snNumReal(c->p, c->n, &d) && valueWhole(d, out);
}

static bool valueInt(const seine_import *imp, const ImportCell *c, u8 type,
    i64 *out) {
  *out = c->i;
  if (valueIsText(c)) return valueIntText(imp, c, type, out);
  switch (type) {
    case TYPE_BOOLEAN:
      if (c->kind == IMPORT_INT) return c->i == 0 || c->i == 1;
      return c->kind == IMPORT_BOOL;
    case TYPE_INTEGER:
      if (c->kind == IMPORT_REAL) return valueWhole(c->d, out);
      return c->kind == IMPORT_INT || c->kind == IMPORT_BOOL;
    case TYPE_TIMESTAMP: return c->kind == IMPORT_INT && valueEpoch(c->i, out);
    case TYPE_GEOPOINT: return c->kind == IMPORT_GEO;
    default: return false;
  }
}

static bool valueReal(const seine_import *imp, const ImportCell *c,
    double *out) {
  i64 i;
  u8 shape;
  *out = c->d;
  if (c->kind == IMPORT_INT || c->kind == IMPORT_REAL) return true;
  if (!valueIsText(c) || !c->n) return false;
  if (c->kind != IMPORT_FIELD || !imp->st.created) {
    return snNumReal(c->p, c->n, out);
  }
  shape = snImportShape(c->p, c->n, &i, out);
  return shape == IMPORT_INT || shape == IMPORT_REAL;
}

/* ---- Strings ------------------------------------------------------------ */

static void valueStr(AppendValue *out, const void *p, size_t n) {
  out->kind = APPEND_STR;
  out->p = n ? p : "";
  out->n = (u32)n;
}

/* What is in imp->tmp, kept in the pad. */
static bool valueKeep(seine_import *imp, AppendValue *out) {
  const void *p;
  if (imp->tmp.rc) snImportFail(imp, imp->tmp.rc);
  if (imp->rc) return false;
  p = snImportPadCopy(imp, imp->tmp.data, imp->tmp.n);
  if (p) valueStr(out, p, imp->tmp.n);
  return p != NULL;
}

static bool valueJson(seine_import *imp, const ImportCell *c,
    AppendValue *out) {
  if (c->raw || snJsonValid(c->p, c->n, imp->budget)) {
    valueStr(out, c->raw ? c->raw : c->p, c->raw ? c->nraw : c->n);
    return true;
  }
  imp->tmp.n = 0;
  snBufJson(&imp->tmp, c->p, c->n);
  return valueKeep(imp, out);
}

static bool valueString(seine_import *imp, const ImportCell *c, u8 type,
    AppendValue *out) {
  u8 ip[16];
  const void *p;
  if (type == TYPE_JSON) return valueJson(imp, c, out);
  if (c->kind == IMPORT_WHOLE || c->kind == IMPORT_GEO) return false;
  if (type != TYPE_IP) {
    valueStr(out, c->p, c->n);
    return true;
  }
  if (!valueIsText(c) || !snIpParse(c->p, c->n, ip)) return false;
  p = snImportPadCopy(imp, ip, 16);
  if (p) valueStr(out, p, 16);
  return p != NULL;
}

/* ---- Any type ----------------------------------------------------------- */

static bool valueScalar(seine_import *imp, const ImportCell *c, u8 type,
    AppendValue *out) {
  Form form = snTypeForm(type);
  if (c->kind == IMPORT_FIELD && !c->n && type != TYPE_TEXT &&
      type != TYPE_KEYWORD && type != TYPE_BLOB) {
    return true;
  }
  if (form == FORM_STR) return valueString(imp, c, type, out);
  if (form == FORM_INT ? !valueInt(imp, c, type, &out->i) :
                         !valueReal(imp, c, &out->d)) {
    return false;
  }
  out->kind = form == FORM_INT ? APPEND_INT : APPEND_REAL;
  return true;
}

static bool valueArray(seine_import *imp, const ImportCell *c, u8 type,
    AppendValue *out) {
  Buf *b = &imp->tmp;
  u8 elem = type & (u8)~TYPE_ARRAY;
  AppendValue one = {0};
  b->n = 0;
  if (c->kind == IMPORT_ARRAY) {
    if (!snTypeParseStr(type, c->raw, c->nraw, b) && !b->rc) return false;
    return valueKeep(imp, out);
  }
  if (c->kind == IMPORT_FIELD && c->n && c->p[0] == '[' &&
      snTypeParseStr(type, c->p, c->n, b)) {
    return valueKeep(imp, out);
  }
  if (!valueScalar(imp, c, elem, &one)) return false;
  if (one.kind == APPEND_NULL) return true;
  b->n = 0;
  snArrayBegin(b, elem, 1);
  if (one.kind == APPEND_INT) snArrayInt(b, one.i);
  else if (one.kind == APPEND_REAL) snArrayReal(b, one.d);
  else snArrayStr(b, one.p, one.n);
  return valueKeep(imp, out);
}

bool snImportConvert(seine_import *imp, const ImportCell *c, u8 type,
    AppendValue *out) {
  memset(out, 0, sizeof *out);
  if (c->kind == IMPORT_NULL) return true;
  if (type & TYPE_ARRAY) return valueArray(imp, c, type, out);
  if (c->kind == IMPORT_ARRAY && type != TYPE_JSON) {
    return c->bits == 0;
  }
  return valueScalar(imp, c, type, out);
}

u8 snImportWiden(seine_import *imp, const ImportCell *c, u8 type) {
  u8 base = type & (u8)~TYPE_ARRAY, flag = type & TYPE_ARRAY, try[3];
  u32 n = 0;
  AppendValue v;
  if (c->kind == IMPORT_WHOLE || c->kind == IMPORT_GEO) return TYPE_JSON;
  if (c->kind == IMPORT_ARRAY) {
    if (c->bits & IMPORT_HAS_NESTED) return TYPE_JSON;
    flag = TYPE_ARRAY;
  }
  if ((base | flag) != type) try[n++] = base | flag;
  if (base == TYPE_INTEGER) try[n++] = TYPE_REAL | flag;
  if (base == TYPE_DATE) try[n++] = TYPE_TIMESTAMP | flag;
  for (u32 i = 0; i < n; i++) {
    if (snImportConvert(imp, c, try[i], &v)) return try[i];
  }
  return base == TYPE_KEYWORD ? TYPE_KEYWORD | flag : TYPE_TEXT | flag;
}

#undef VALUE_TIME_LEAST
