/*
** agg_list: aggregates that keep values as they are: first and last ones,
** that of the largest other value, texts joined, arrays.
**
** (1) All depend on the order of rows; ties go to the first row.
** (2) A string is copied into the state when it is chosen.
*/
#include "vm/aggInt.h"

typedef enum AggListTag {
  AGG_LIST_ANY, AGG_LIST_FIRST, AGG_LIST_LAST, AGG_LIST_MIN, AGG_LIST_MAX
} AggListTag;

/* ---- One value ---------------------------------------------------------- */

/* Any value: FORM_STR in s, else in v (the bits of a REAL). */
typedef struct AggListCell {
  i64 v;
  AggBytes s;
  bool seen, null;
} AggListCell;

static int aggListSet(Agg *a, AggListCell *c, const Vec *v, u32 row) {
  KernVal x;
  c->seen = true;
  c->null = snKernIsNull(v, row);
  if (c->null) return SEINE_OK;
  snKernGet(v, row, &x);
  switch (snTypeForm(v->type)) {
    case FORM_INT: c->v = x.i; break;
    case FORM_REAL: memcpy(&c->v, &x.d, sizeof c->v); break;
    case FORM_STR: return snAggBytesSet(a, &c->s, x.s.p, x.s.n);
  }
  return SEINE_OK;
}

static int aggListPut(const AggListCell *c, Vec *out, u32 i, Arena *arena) {
  bool null = !c->seen || c->null;
  double d;
  switch (snTypeForm(out->type)) {
    case FORM_INT: snAggPutInt(out, i, c->v); break;
    case FORM_REAL:
      memcpy(&d, &c->v, sizeof d);
      snAggPutReal(out, i, d);
      break;
    case FORM_STR:
      if (null) break;
      return snAggPutStr(out, i, c->s.p, c->s.n, arena);
  }
  if (null) snKernNull(out, i);
  return SEINE_OK;
}

/* ---- any_value, first, last --------------------------------------------- */

static int aggListPick(Agg *a, const AggIn *in) {
  AggListCell *st = a->state;
  bool last = a->tag == AGG_LIST_LAST;
  u32 k = last && !in->gid ? in->rows.n - 1 : 0;
  for (; k < in->rows.n; k++) {
    u32 row = snKernRow(in->rows, k);
    AggListCell *c = st + snAggGroup(in, row);
    int rc;
    if (c->seen && !last) {
      if (!in->gid) break;
      continue;
    }
    rc = aggListSet(a, c, &in->args[0], row);
    if (rc) return rc;
  }
  return SEINE_OK;
}

static int aggListPickFinal(Agg *a, u32 from, u32 n, Arena *arena, Vec *out) {
  const AggListCell *c = (AggListCell *)a->state + from;
  for (u32 i = 0; i < n; i++) {
    int rc = aggListPut(c + i, out, i, arena);
    if (rc) return rc;
  }
  return SEINE_OK;
}

static void aggListPickClear(Agg *a) {
  AggListCell *c = a->state;
  for (u32 i = 0; i < a->ngroups; i++) snMemFree(c[i].s.p);
}

static const AggOps aggListPickOps = {sizeof(AggListCell), 0, NULL,
    aggListPick, aggListPickFinal, aggListPickClear, NULL};
static const AggOps aggListAnyOps = {sizeof(AggListCell), 1, NULL,
    aggListPick, aggListPickFinal, aggListPickClear, NULL};

/* ---- arg_min, arg_max --------------------------------------------------- */

/* The value, and the best of the other argument so far: a number by its
** key. */
typedef struct AggListArg {
  AggListCell out;
  i64 key;
  AggBytes best;
} AggListArg;

static bool aggListBetter(const AggListArg *s, bool max, bool text, i64 key,
    Str str) {
  int cmp = key < s->key ? -1 : key > s->key;
  if (!s->out.seen) return true;
  if (text) cmp = snStrCmp(str.p, str.n, s->best.p, s->best.n);
  return max ? cmp > 0 : cmp < 0;
}

static int aggListArg(Agg *a, const AggIn *in) {
  AggListArg *st = a->state;
  const Vec *by = &in->args[1];
  bool text = snTypeForm(by->type) == FORM_STR, max = a->tag == AGG_LIST_MAX;
  bool real = by->type == TYPE_REAL;
  const i64 *keys = NULL;
  int rc = text ? SEINE_OK : snAggKeys(a, in, 1, &keys);
  for (u32 k = 0; k < in->rows.n && !rc; k++) {
    u32 row = snKernRow(in->rows, k);
    AggListArg *s = st + snAggGroup(in, row);
    Str str = text ? snKernStr(by, row) : (Str){NULL, 0, 0};
    i64 key = text ? 0 : keys[row];
    if (real && key == -1) key = 0; /* -0 is as good as 0 */
    if (!aggListBetter(s, max, text, key, str)) continue;
    s->key = key;
    if (text) rc = snAggBytesSet(a, &s->best, str.p, str.n);
    if (!rc) rc = aggListSet(a, &s->out, &in->args[0], row);
  }
  return rc;
}

static int aggListArgFinal(Agg *a, u32 from, u32 n, Arena *arena, Vec *out) {
  const AggListArg *s = (AggListArg *)a->state + from;
  for (u32 i = 0; i < n; i++) {
    int rc = aggListPut(&s[i].out, out, i, arena);
    if (rc) return rc;
  }
  return SEINE_OK;
}

static void aggListArgClear(Agg *a) {
  AggListArg *s = a->state;
  for (u32 i = 0; i < a->ngroups; i++) {
    snMemFree(s[i].out.s.p);
    snMemFree(s[i].best.p);
  }
}

static const AggOps aggListArgOps = {sizeof(AggListArg), 2, NULL, aggListArg,
    aggListArgFinal, aggListArgClear, NULL};

/* ---- Texts and arrays --------------------------------------------------- */

/* The text so far, or the elements as an array has them. */
typedef struct AggListMany { AggBytes s; u64 n; } AggListMany;

static int aggListBig(const Agg *a, const AggIn *in, int rc) {
  if (rc == SEINE_TOOBIG) snAggTooBig(a, in->error);
  return rc;
}

/* The text of a value; strings are not copied. */
static Str aggListText(Agg *a, const Vec *v, u32 row) {
  u8 type = v->type;
  if (snTypeIsString(type) || type == TYPE_BLOB) return snKernStr(v, row);
  a->text.n = 0;
  snKernVecText(&a->text, v, row);
  if (a->text.rc || a->text.n > UINT32_MAX) return (Str){NULL, 0, 0};
  return (Str){a->text.data, (u32)a->text.n, 0};
}

static int aggListConcat(Agg *a, const AggIn *in) {
  AggListMany *st = a->state;
  const Vec *v = &in->args[0], *by = a->nargs > 1 ? &in->args[1] : NULL;
  static const u8 comma[] = ",";
  int rc = SEINE_OK;
  for (u32 k = 0; k < in->rows.n && !rc; k++) {
    u32 row = snKernRow(in->rows, k);
    AggListMany *s = st + snAggGroup(in, row);
    Str text = aggListText(a, v, row), sep = {comma, 1, 0};
    if (by && snKernIsNull(by, row)) sep.n = 0;
    else if (by) sep = snKernStr(by, row);
    rc = a->text.rc;
    if (!rc && s->n) rc = snAggBytesAdd(a, &s->s, sep.p, sep.n);
    if (!rc) rc = snAggBytesAdd(a, &s->s, text.p, text.n);
    s->n++;
  }
  return aggListBig(a, in, rc);
}

static int aggListConcatFinal(Agg *a, u32 from, u32 n, Arena *arena,
    Vec *out) {
  const AggListMany *s = (AggListMany *)a->state + from;
  for (u32 i = 0; i < n; i++) {
    int rc = snAggPutStr(out, i, s[i].s.p, s[i].s.n, arena);
    if (rc) return rc;
    if (!s[i].n) snKernNull(out, i);
  }
  return SEINE_OK;
}

static void aggListElement(Buf *b, const Vec *v, u32 row) {
  KernVal x;
  if (snKernIsNull(v, row)) {
    snArrayNull(b);
    return;
  }
  snKernGet(v, row, &x);
  switch (snTypeForm(v->type)) {
    case FORM_INT: snArrayInt(b, x.i); break;
    case FORM_REAL: snArrayReal(b, x.d); break;
    case FORM_STR: snArrayStr(b, x.s.p, x.s.n); break;
  }
}

static int aggListCollect(Agg *a, const AggIn *in) {
  AggListMany *st = a->state;
  int rc = SEINE_OK;
  if (a->types[0] >= TYPE_INTERVAL) {
    snprintf(in->error, 256, "%s() cannot hold arrays or intervals",
        a->f->name);
    return SEINE_ERROR;
  }
  for (u32 k = 0; k < in->rows.n && !rc; k++) {
    u32 row = snKernRow(in->rows, k);
    AggListMany *s = st + snAggGroup(in, row);
    a->text.n = 0;
    aggListElement(&a->text, &in->args[0], row);
    rc = a->text.rc;
    if (!rc) rc = snAggBytesAdd(a, &s->s, a->text.data, a->text.n);
    s->n++;
  }
  return aggListBig(a, in, rc);
}

static int aggListCollectFinal(Agg *a, u32 from, u32 n, Arena *arena,
    Vec *out) {
  for (u32 i = 0; i < n; i++) {
    const AggListMany *s = (AggListMany *)a->state + from + i;
    Buf *b = &a->text;
    int rc;
    b->n = 0;
    if (s->n) {
      snArrayBegin(b, a->types[0], (u32)s->n);
      snBufAdd(b, s->s.p, s->s.n);
    }
    rc = b->rc ? b->rc : snAggPutStr(out, i, b->data, (u32)b->n, arena);
    if (rc) return rc;
    if (!s->n) snKernNull(out, i);
  }
  return SEINE_OK;
}

static void aggListManyClear(Agg *a) {
  AggListMany *s = a->state;
  for (u32 i = 0; i < a->ngroups; i++) snMemFree(s[i].s.p);
}

static const AggOps aggListConcatOps = {sizeof(AggListMany), 1, NULL,
    aggListConcat, aggListConcatFinal, aggListManyClear, NULL};
static const AggOps aggListCollectOps = {sizeof(AggListMany), 1, NULL,
    aggListCollect, aggListCollectFinal, aggListManyClear, NULL};
/* The same with NULLs. */
static const AggOps aggListAllOps = {sizeof(AggListMany), 0, NULL,
    aggListCollect, aggListCollectFinal, aggListManyClear, NULL};

/* ---- The part of the table ---------------------------------------------- */

#define AGG_LIST_ONE(ops, tag) AGG_ORDERED, ops, AGG_LIST_##tag
#define AGG_LIST_TEXT TYPE_TEXT, AGG_ORDERED, &aggListConcatOps, 0
#define AGG_LIST_ARR AGG_ARRAY, AGG_ORDERED, &aggListCollectOps

/* clang-format off */
static const AggFunc aggListList[] = {
  {"any_value", "*",  FUNC_SAME, AGG_LIST_ONE(&aggListAnyOps,  ANY)},
  {"first",     "*",  FUNC_SAME, AGG_LIST_ONE(&aggListPickOps, FIRST)},
  {"last",      "*",  FUNC_SAME, AGG_LIST_ONE(&aggListPickOps, LAST)},
  {"arg_max",   "**", FUNC_SAME, AGG_LIST_ONE(&aggListArgOps,  MAX)},
  {"max_by",    "**", FUNC_SAME, AGG_LIST_ONE(&aggListArgOps,  MAX)},
  {"arg_min",   "**", FUNC_SAME, AGG_LIST_ONE(&aggListArgOps,  MIN)},
  {"min_by",    "**", FUNC_SAME, AGG_LIST_ONE(&aggListArgOps,  MIN)},
  {"group_concat", "*?s", AGG_LIST_TEXT},
  {"string_agg",   "*?s", AGG_LIST_TEXT},
  {"listagg",      "*?s", AGG_LIST_TEXT},
  {"collect_list", "*", AGG_LIST_ARR, 0},
  {"array_agg",    "*", AGG_LIST_ARR, 0},
  {"list",         "*", AGG_LIST_ARR, 0},
  {"collect_all",  "*", AGG_ARRAY, AGG_ORDERED, &aggListAllOps, 0},
  {"collect_set",  "*", AGG_LIST_ARR, AGG_DISTINCT},
};
/* clang-format on */

const AggFunc *snAggListList(u32 *n) {
  *n = SN_COUNT(aggListList);
  return aggListList;
}

#undef AGG_LIST_ONE
#undef AGG_LIST_TEXT
#undef AGG_LIST_ARR
