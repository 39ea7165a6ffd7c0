/*
** agg_json: aggregates that make JSON.  A group without rows gives [] or {},
** as in SQLite; NULLs are values.
*/
#include "vm/aggInt.h"

typedef enum AggJsonTag { AGG_JSON_ARRAY, AGG_JSON_OBJECT } AggJsonTag;

typedef struct AggJson { AggBytes s; u64 n; } AggJson;

static int aggJsonFail(const Agg *a, const AggIn *in, int rc, u8 type) {
  char name[24];
  if (rc == SEINE_TOOBIG)
    snAggTooBig(a, in->error);
  if (rc != SEINE_MISUSE) return rc;
  snprintf(in->error, 256, "%s() cannot hold this %s value", a->f->name,
      snTypeName(type, name));
  return SEINE_ERROR;
}

static int aggJson(Agg *a, const AggIn *in) {
  AggJson *st = a->state;
  bool object = a->tag == AGG_JSON_OBJECT;
  const Vec *v = &in->args[object];
  Buf *b = &a->text;
  int rc = SEINE_OK;
  for (u32 k = 0; k < in->rows.n && !rc; k++) {
    u32 row = snKernRow(in->rows, k);
    AggJson *s = st + snAggGroup(in, row);
    b->n = 0;
    if (s->n++) snBufByte(b, ',');
    if (object) rc = snKernJsonValue(b, &in->args[0], row);
    if (object) snBufByte(b, ':');
    if (!rc) rc = snKernJsonValue(b, v, row);
    if (!rc) rc = b->rc ? b->rc : snAggBytesAdd(a, &s->s, b->data, b->n);
  }
  return aggJsonFail(a, in, rc, v->type);
}

static int aggJsonFinal(Agg *a, u32 from, u32 n, Arena *arena, Vec *out) {
  bool object = a->tag == AGG_JSON_OBJECT;
  for (u32 i = 0; i < n; i++) {
    const AggJson *s = (AggJson *)a->state + from + i;
    Buf *b = &a->text;
    int rc;
    b->n = 0;
    snBufByte(b, object ? '{' : '[');
    snBufAdd(b, s->s.p, s->s.n);
    snBufByte(b, object ? '}' : ']');
    rc = b->rc ? b->rc : snAggPutStr(out, i, b->data, (u32)b->n, arena);
    if (rc) return rc;
  }
  return SEINE_OK;
}

static void aggJsonClear(Agg *a) {
  AggJson *s = a->state;
  for (u32 i = 0; i < a->ngroups; i++) snMemFree(s[i].s.p);
}

static const AggOps aggJsonArrayOps = {sizeof(AggJson), 0, NULL, aggJson,
    aggJsonFinal, aggJsonClear, NULL};
static const AggOps aggJsonObjectOps = {sizeof(AggJson), 1, NULL, aggJson,
    aggJsonFinal, aggJsonClear, NULL};

/* clang-format off */
static const AggFunc aggJsonFuncs[] = {
  {"json_group_array",  "*",  TYPE_JSON, AGG_ORDERED, &aggJsonArrayOps,
                                         AGG_JSON_ARRAY},
  {"json_group_object", "s*", TYPE_JSON, AGG_ORDERED, &aggJsonObjectOps,
                                         AGG_JSON_OBJECT},
};
/* clang-format on */

const AggFunc *snAggJsonList(u32 *n) {
  *n = SN_COUNT(aggJsonFuncs);
  return aggJsonFuncs;
}
