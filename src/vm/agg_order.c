/*
** agg_order: an aggregate whose arguments have an order: agg(x ORDER BY y
** LIMIT n).  Rows wait in a store; when answers are asked for they are sorted
** by group and keys and fed to the aggregate itself.
**
** (1) Column 0 of the store is the group, then the arguments, then the keys.
** (2) LIMIT counts rows of a group, whether or not the aggregate skips them
**     for a NULL.
** (3) Once answers were asked for, no rows come.
** (4) Rows that are equal in the keys keep the order in which they came.
*/
#include "vm/aggInt.h"

#define AGG_ORDER_COLS (1 + AGG_ARGS + AGG_ORDERS)

struct AggOrder {
  RowStore rows;
  SortKey keys[1 + AGG_ORDERS];
  u32 nkeys;        /* with the group */
  i64 limit;        /* of rows of a group, or -1 */
  u32 ngroups;
  bool done;        /* all were fed */
  i64 *gid;         /* of a batch */
};

int snAggOrder(Agg *a, const SortKey *keys, u32 n, const u8 *types,
    i64 limit) {
  u8 all[AGG_ORDER_COLS] = {TYPE_INTEGER};
  AggOrder *o;
  if (n > AGG_ORDERS) return SEINE_MISUSE;
  memcpy(all + 1, types, a->nargs + n);
  a->order = o = snMemZero(a->budget, sizeof *o);
  if (!o) return SN_NOMEM;
  o->limit = limit;
  o->nkeys = n + 1;
  for (u32 k = 0; k < n; k++) {
    o->keys[k + 1] = keys[k];
    o->keys[k + 1].col = 1 + a->nargs + k;
  }
  o->gid = snMemAlloc(a->budget, SN_WINDOW * sizeof *o->gid);
  if (!o->gid) return SN_NOMEM;
  return snRowsInit(&o->rows, a->budget, all, 1 + a->nargs + n);
}

void snAggOrderClose(Agg *a) {
  if (!a->order) return;
  snRowsClear(&a->order->rows);
  snMemFree(a->order->gid);
  snMemFree(a->order);
  a->order = NULL;
}

int snAggOrderAdd(Agg *a, const u32 *gid, u32 ngroups, const Vec *args,
    Rows16 rows) {
  AggOrder *o = a->order;
  Vec group = {.type = TYPE_INTEGER, .form = VEC_FLAT, .data = o->gid};
  const Vec *cols[AGG_ORDER_COLS] = {&group};
  if (o->done) return SEINE_MISUSE;
  for (u32 k = 0; k < rows.n; k++) {
    u32 row = snKernRow(rows, k);
    o->gid[row] = gid ? gid[row] : 0;
  }
  for (u32 k = 0; k + 1 < o->rows.ncol; k++) cols[k + 1] = args + k;
  o->ngroups = SN_MAX(o->ngroups, SN_MAX(ngroups, gid ? 0 : 1u));
  return snRowsAdd(&o->rows, cols, rows);
}

/* ---- Feeding ------------------------------------------------------------ */

/* One batch on its way to the aggregate. */
typedef struct AggOrderBatch {
  u32 *gid;
  u16 *pass;        /* rows within the limit */
  Vec args[AGG_ARGS];
  i64 last;         /* the group at hand, and its rows so far */
  i64 seen;
} AggOrderBatch;

static int aggOrderOpen(const Agg *a, AggOrderBatch *b) {
  size_t values = SN_WINDOW * sizeof(Str), bits = SN_WORDS * sizeof(u64);
  size_t each = values + bits;
  u8 *room = snMemZero(a->budget, each * a->nargs +
      SN_WINDOW * (sizeof *b->gid + sizeof *b->pass));
  memset(b, 0, sizeof *b);
  b->last = -1;
  if (!room) return SN_NOMEM;
  for (u32 k = 0; k < a->nargs; k++) {
    Vec *v = b->args + k;
    v->type = a->types[k];
    v->data = v->buf = room + each * k;
    v->null_buf = (u64 *)(void *)(room + each * k + values);
    v->owned = true;
  }
  b->gid = (u32 *)(void *)(room + each * a->nargs);
  b->pass = (u16 *)(void *)(b->gid + SN_WINDOW);
  return SEINE_OK;
}

static void aggOrderBatchClose(const Agg *a, AggOrderBatch *b) {
  snMemFree(a->nargs ? b->args[0].buf : (void *)b->gid);
}

static int aggOrderFeed(Agg *a, AggOrderBatch *b, const u32 *sorted, u32 from,
    u32 n, char *error) {
  const AggOrder *o = a->order;
  Rows16 rows = {b->pass, 0};
  for (u32 i = 0; i < n; i++) {
    i64 group = o->rows.col[0].i[sorted[from + i]];
    if (group != b->last) b->seen = 0;
    b->last = group;
    b->gid[i] = (u32)group;
    if (o->limit < 0 || b->seen < o->limit) b->pass[rows.n++] = (u16)i;
    b->seen++;
  }
  for (u32 k = 0; k < a->nargs; k++)
    snRowsEmit(&o->rows, 1 + k, sorted, from, n, b->args + k);
  return snAggFeed(a, b->gid, o->ngroups, b->args, rows, error);
}

int snAggOrderRun(Agg *a) {
  AggOrder *o = a->order;
  AggOrderBatch b;
  char error[256] = "";
  u32 *sorted = NULL;
  if (o->done || !o->rows.n) return SEINE_OK;
  int rc = aggOrderOpen(a, &b);
  if (!rc) rc = snRowsSort(&o->rows, o->keys, o->nkeys, &sorted);
  const volatile int *stop = snMemStop(a->budget);
  for (u32 from = 0; !rc && from < o->rows.n; from += SN_WINDOW) {
    u32 n = SN_MIN(o->rows.n - from, SN_WINDOW);
    rc = aggOrderFeed(a, &b, sorted, from, n, error);
    if (!rc && snStops(stop)) rc = SEINE_INTERRUPT;
  }
  if (rc == SEINE_ERROR)
    snprintf(a->error, sizeof a->error, "%.*s", (int)sizeof a->error - 1,
        error);
  if (b.gid) aggOrderBatchClose(a, &b);
  snMemFree(sorted);
  snRowsClear(&o->rows);
  o->done = true;
  return rc;
}

#undef AGG_ORDER_COLS
