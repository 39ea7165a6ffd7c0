/*
** import_infer: which type does a field have?  Judged by the first records
** (IMPORT_LOOK bytes or IMPORT_RECORDS of them), before the table is made.
**
** (1) true and false alone: BOOLEAN.  Integers: INTEGER.  Numbers: REAL.
**     Texts: DATE, TIMESTAMP or IP when all have that shape; else KEYWORD
**     when short (64 bytes at most, three words on average) or when they
**     repeat (256 bytes at most, each twice on average); else TEXT.
**     Other mixtures are text.
** (2) A text of CSV counts by its shape.  An integer has at most 18 digits
**     and no leading zero or plus sign: otherwise it stays a text, so that
**     no digit is lost.
** (3) An array of scalars of one kind: an array of their type, also when the
**     field is sometimes a scalar.  Any other array: JSON.  Empty arrays and
**     null decide nothing.
** (4) Objects: points alone GEOPOINT; objects and other values in one field
**     JSON, for which the records are read once more.
** (5) A table that exists has its types; only what is new is judged.
*/
#include "api/import.h"

#define INFER_DISTINCT 20000u

/* ---- Shapes ------------------------------------------------------------- */

static inline bool inferDigit(const char *p, const char *end) {
  return p < end && (u8)(*p - '0') < 10;
}

u8 snImportShape(const char *p, u32 n, i64 *i, double *d) {
  const char *end = p + n, *q = p, *whole;
  u64 v = 0;
  *i = 0;
  *d = 0;
  if (n >= 4 && n <= 5 && (snAsciiEq(p, n, "true", 4) ||
          snAsciiEq(p, n, "false", 5))) {
    *i = n == 4;
    return IMPORT_BOOL;
  }
  if (!n || n > 40 || (*p > '9' || *p < '-' || *p == '/')) return IMPORT_TEXT;
  if (*q == '-') q++;
  for (whole = q; inferDigit(q, end); q++) {
    v = v * 10 + (u64)(*q - '0'); /* of many digits nothing is used */
  }
  if (q - whole > 18 || (q - whole > 1 && *whole == '0')) return IMPORT_TEXT;
  if (q == end && q > whole && !(*p == '-' && *whole == '0')) {
    *i = *p == '-' ? -(i64)v : (i64)v;
    *d = (double)*i;
    return IMPORT_INT;
  }
  if (q < end && *q == '.') {
    if (!inferDigit(++q, end)) return IMPORT_TEXT;
    while (inferDigit(q, end)) q++;
    if (q - whole > 19) return IMPORT_TEXT;
  } else if (q == whole) {
    return IMPORT_TEXT;
  }
  if (q < end && (*q == 'e' || *q == 'E')) {
    q++;
    if (q < end && (*q == '+' || *q == '-')) q++;
    if (!inferDigit(q, end)) return IMPORT_TEXT;
    while (inferDigit(q, end)) q++;
  }
  if (q != end || !snNumReal(p, n, d) || !isfinite(*d)) return IMPORT_TEXT;
  return IMPORT_REAL;
}

static u32 inferWords(const char *p, u32 n) {
  u32 words = 0;
  bool in = false;
  for (u32 i = 0; i < n; i++) {
    bool letter = (u8)p[i] > ' ';
    words += letter && !in;
    in = letter;
  }
  return words;
}

/* ---- What the records say ----------------------------------------------- */

static void inferLength(seine_import *imp, ImportStat *s, const char *p,
    u32 n) {
  s->total++;
  s->longest = SN_MAX(s->longest, n);
  s->words += inferWords(p, n);
  if (n > 256 || s->many) return;
  snStrSetAdd(&s->distinct, p, n);
  if (s->distinct.rc) snImportFail(imp, s->distinct.rc);
  s->many = s->distinct.n >= INFER_DISTINCT;
}

static void inferText(ImportStat *s, const char *p, u32 n) {
  u32 before = s->texts++;
  u8 ip[16];
  i64 v;
  if (s->times == before && snTimeParse(p, n, &v)) {
    s->times++;
    s->dates += snDateParse(p, n, &v);
  }
  if (s->ips == before && snIpParse(p, n, ip)) s->ips++;
}

static void inferScalar(seine_import *imp, ImportStat *s, u8 kind,
    const char *p, u32 n) {
  i64 i;
  double d;
  if (kind == IMPORT_FIELD) {
    if (!n) {
      s->empties++;
      return;
    }
    kind = snImportShape(p, n, &i, &d);
  }
  switch (kind) {
    case IMPORT_BOOL: s->bools++; break;
    case IMPORT_INT: s->ints++; break;
    case IMPORT_REAL: s->reals++; break;
    default: inferText(s, p, n); break;
  }
  inferLength(imp, s, p, n);
}

/* The elements of an array without nested values. */
static void inferArray(seine_import *imp, ImportStat *s,
    const ImportCell *c) {
  JsonEvent e;
  Json j;
  snJsonInit(&j, c->raw, c->nraw, imp->budget);
  snJsonNext(&j);
  while ((e = snJsonNext(&j)) != JSON_ARRAY_END && e != JSON_ERROR) {
    switch (e) {
      case JSON_TRUE: inferScalar(imp, s, IMPORT_BOOL, "true", 4); break;
      case JSON_FALSE: inferScalar(imp, s, IMPORT_BOOL, "false", 5); break;
      case JSON_INT:
        inferScalar(imp, s, IMPORT_INT, j.text, (u32)j.len);
        break;
      case JSON_REAL:
        inferScalar(imp, s, IMPORT_REAL, j.text, (u32)j.len);
        break;
      case JSON_STRING:
        inferScalar(imp, s, IMPORT_TEXT, j.text, (u32)j.len);
        break;
      default: break;
    }
  }
  if (j.tmp.rc) snImportFail(imp, j.tmp.rc);
  snJsonClear(&j);
}

void snImportObserve(seine_import *imp, ImportStat *s, u8 want,
    const ImportCell *c) {
  AppendValue v;
  if (want && c->kind != IMPORT_NULL && !s->bad_want) {
    s->bad_want = !snImportConvert(imp, c, want, &v);
  }
  switch (c->kind) {
    case IMPORT_NULL: break;
    case IMPORT_WHOLE: s->json = true; break;
    case IMPORT_GEO: s->points++; break;
    case IMPORT_ARRAY:
      s->arrays += c->bits != 0;
      if (c->bits & IMPORT_HAS_NESTED) s->json = true;
      else inferArray(imp, s, c);
      break;
    default: inferScalar(imp, s, c->kind, c->p, c->n); break;
  }
}

/* ---- The type ----------------------------------------------------------- */

static u8 inferString(const ImportStat *s) {
  u32 distinct = s->many ? s->total : s->distinct.n;
  if (s->texts == s->total) {
    if (s->times == s->total) {
      return s->dates == s->total ? TYPE_DATE : TYPE_TIMESTAMP;
    }
    if (s->ips == s->total) return TYPE_IP;
  }
  if (s->longest <= 64 && s->words <= 3 * (u64)s->total) return TYPE_KEYWORD;
  if (s->longest <= 256 && distinct <= s->total / 2) return TYPE_KEYWORD;
  return TYPE_TEXT;
}

u8 snImportInfer(const ImportStat *s, u8 want) {
  u32 numbers = s->ints + s->reals;
  u32 kinds = (s->bools ? 1u : 0) + (numbers ? 1u : 0) + (s->texts ? 1u : 0);
  u8 type;
  if (s->json || (s->points && kinds)) return TYPE_JSON;
  if (s->points) return TYPE_GEOPOINT;
  if (want && !s->bad_want) return want;
  if (!kinds) return s->empties ? TYPE_KEYWORD : TYPE_NULL;
  if (kinds > 1 && s->arrays) return TYPE_JSON;
  if (kinds > 1 || s->texts) type = inferString(s);
  else if (s->bools) type = TYPE_BOOLEAN;
  else type = s->reals ? TYPE_REAL : TYPE_INTEGER;
  return s->arrays ? type | TYPE_ARRAY : type;
}

u8 snImportNatural(seine_import *imp, u32 field) {
  ImportStat s;
  u8 type;
  memset(&s, 0, sizeof s);
  snStrSetInit(&s.distinct, imp->budget);
  snImportObserve(imp, &s, imp->field[field].want, &imp->field[field].cell);
  type = snImportInfer(&s, imp->field[field].want);
  snStrSetClear(&s.distinct);
  return type;
}

/* ---- Deciding ----------------------------------------------------------- */

void snImportStatsClear(seine_import *imp) {
  for (u32 i = 0; i < imp->nstat; i++) snStrSetClear(&imp->stat[i].distinct);
  snMemFree(imp->stat);
  imp->stat = NULL;
  imp->nstat = 0;
}

/* One a field: there may be more of them after each record. */
static int inferStats(seine_import *imp) {
  ImportStat *more;
  if (imp->nstat >= imp->nfield) return SEINE_OK;
  more = snMemRealloc(imp->budget, imp->stat,
      (size_t)imp->field_cap * sizeof *more);
  if (!more) return snImportFail(imp, SN_NOMEM);
  imp->stat = more;
  for (; imp->nstat < imp->nfield; imp->nstat++) {
    memset(&more[imp->nstat], 0, sizeof *more);
    snStrSetInit(&more[imp->nstat].distinct, imp->budget);
  }
  return SEINE_OK;
}

static int inferPass(seine_import *imp) {
  for (u32 k = 0; k < imp->nlook && !imp->rc; k++) {
    const ImportRecord *r = &imp->look[k];
    snImportParse(imp, (const char *)imp->head.data + r->from, r->n);
    if (imp->reason[0] || imp->rc || inferStats(imp)) continue;
    for (u32 i = 0; i < imp->ntouched; i++) {
      u32 f = imp->touched[i];
      imp->field[f].seen = true;
      if (imp->field[f].col >= 0) continue;
      snImportObserve(imp, &imp->stat[f], imp->field[f].want,
          &imp->field[f].cell);
    }
  }
  if (!imp->rc) inferStats(imp);
  return imp->rc;
}

static bool inferHas(const seine_import *imp, u32 f) {
  const ImportStat *s = &imp->stat[f];
  return s->total || s->json || s->points;
}

/* Values above values: {"a":1} and {"a":{"b":2}}.  True when a field is to be
** kept whole, or flattened after all, which it was not so far. */
static bool inferConflicts(seine_import *imp) {
  bool any = false;
  for (u32 i = 0; i < imp->nfield; i++) {
    if (imp->field[i].geo != IMPORT_GEO_NO || !imp->stat[i].points) continue;
    any = any || !imp->field[i].whole;
  }
  for (u32 k = 1; k < imp->nnode; k++) {
    if (!inferHas(imp, imp->node[k].field)) continue;
    for (u32 up = imp->node[k].parent; up; up = imp->node[up].parent) {
      ImportField *f = &imp->field[imp->node[up].field];
      if (f->whole || f->col >= 0 || !inferHas(imp, imp->node[up].field)) {
        continue;
      }
      if (imp->stat[imp->node[up].field].points) f->geo = IMPORT_GEO_NO;
      else f->whole = true;
      any = true;
    }
  }
  return any;
}

/* Types of all fields; those that never had a value have none, unless no
** field at all has one. */
static int inferTable(seine_import *imp) {
  u32 *field = snMemAlloc(imp->budget, imp->nfield * sizeof *field + 1);
  u8 *type = snMemAlloc(imp->budget, imp->nfield + 1u);
  u32 n = 0, typed = 0;
  if (!field || !type) snImportFail(imp, SN_NOMEM);
  for (u32 i = 0; !imp->rc && i < imp->nfield; i++) {
    const ImportField *f = &imp->field[i];
    if (f->col >= 0 || !f->seen) continue;
    field[n] = i;
    type[n] = snImportInfer(&imp->stat[i], f->want);
    typed += type[n++] != TYPE_NULL;
  }
  for (u32 i = 0; !imp->tab && !typed && i < n; i++) type[i] = TYPE_KEYWORD;
  if (!imp->rc && n) snImportTableAdd(imp, field, type, n);
  snMemFree(field);
  snMemFree(type);
  return imp->rc;
}

static void inferForget(seine_import *imp) {
  snImportStatsClear(imp);
  for (u32 i = 0; i < imp->nfield; i++) {
    imp->field[i].seen = imp->field[i].want != TYPE_NULL;
  }
}

int snImportDecide(seine_import *imp) {
  for (;;) {
    if (inferPass(imp)) return imp->rc;
    if (!inferConflicts(imp)) break;
    inferForget(imp);
  }
  inferTable(imp);
  snImportStatsClear(imp);
  return imp->rc;
}

#undef INFER_DISTINCT
