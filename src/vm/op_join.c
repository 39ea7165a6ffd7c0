/*
** op_join: inner joins by hash.  The build side's rows wait in a store,
** sorted by the number of their key; a probe looks its key up and gives the
** pairs in batches.  Without keys every row pairs with every row.
*/
#include "vm/vmInt.h"

typedef struct JoinObject {
  Object head;
  const JoinDef *def;
  RowStore rows;
  Keys keys;
  u32 *gid, gid_cap;   /* of each build row */
  u32 *start, *list;   /* rows of key g: list[start[g] .. start[g + 1]) */
  u32 *probe;          /* keys of the batch: 4,096 */
  Sel sel;             /* rows of the batch that are probed */
  u32 row, next;       /* where the pairs go on */
  u32 npair;
  u16 *pair_probe;
  u32 *pair_build;
} JoinObject;

static void joinFree(Object *o) {
  JoinObject *j = (JoinObject *)o;
  snRowsClear(&j->rows);
  snKeysClear(&j->keys);
  snMemFree(j->gid);
  snMemFree(j->start);
  snMemFree(j->list);
  snMemFree(j->probe);
  snMemFree(j->pair_probe);
  snMemFree(j->pair_build);
  snMemFree(j);
}

static int joinObject(Run *r, u16 obj, const JoinDef *d, JoinObject **out) {
  *out = (JoinObject *)r->obj[obj];
  if (*out) return SEINE_OK;
  JoinObject *j = snMemZero(r->budget, sizeof *j);
  if (!j) return SN_NOMEM;
  j->head.free = joinFree;
  j->def = d;
  r->obj[obj] = &j->head;
  j->probe = snMemAlloc(r->budget, SN_WINDOW * sizeof(u32));
  j->pair_probe = snMemAlloc(r->budget, SN_WINDOW * sizeof(u16));
  j->pair_build = snMemAlloc(r->budget, SN_WINDOW * sizeof(u32));
  int rc = snRowsInit(&j->rows, r->budget, d->types, d->ncol);
  if (!rc) rc = snKeysInit(r, &j->keys, d->types, d->nkeys);
  if (!rc && (!j->probe || !j->pair_probe || !j->pair_build)) rc = SN_NOMEM;
  *out = j;
  return rc;
}

/* p: JoinDef.  A row with a NULL key joins with nothing. */
int opBuildAdd(Run *r, const Instr *i) {
  const JoinDef *d = i->p;
  JoinObject *j;
  Sel live = r->sel[i->sel];
  int rc = joinObject(r, i->a, d, &j);
  if (!rc)
    rc = snKeysGids(r, &j->keys, d->cols->reg, &live, true, true, j->probe);
  if (rc) return rc;
  const Vec **cols = snArenaAlloc(&r->batch, (d->ncol + 1) * sizeof *cols);
  if (!cols) return SN_NOMEM;
  for (u32 k = 0; k < live.n; k++)
    if (snBit(live.bits, k) && j->probe[k] == KEYS_NONE)
      snBitClear(live.bits, k);
  for (u32 c = 0; c < d->ncol; c++) {
    rc = snRegDecode(r, d->cols->reg[c], &live);
    if (rc) return rc;
    cols[c] = snReg(r, d->cols->reg[c]);
  }
  u32 at = j->rows.n;
  Rows16 rows = snRunSel(r, &live);
  rc = snRowsAdd(&j->rows, cols, rows);
  if (!rc)
    rc = snMemGrow(r->budget, &j->gid, &j->gid_cap, (u64)j->rows.n,
        sizeof(u32));
  for (u32 k = 0; !rc && k < rows.n; k++)
    j->gid[at + k] = j->probe[rows.rows ? rows.rows[k] : k];
  return rc;
}

int opBuildEnd(Run *r, const Instr *i) {
  JoinObject *j;
  int rc = joinObject(r, i->a, i->p, &j);
  if (rc) return rc;
  u32 n = snKeysCount(&j->keys);
  j->start = snMemZero(r->budget, (n + 2ull) * sizeof(u32));
  j->list = snMemAlloc(r->budget, (j->rows.n + 1ull) * sizeof(u32));
  if (!j->start || !j->list) return SN_NOMEM;
  for (u32 k = 0; k < j->rows.n; k++) j->start[j->gid[k] + 2]++;
  for (u32 g = 2; g <= n + 1; g++) j->start[g] += j->start[g - 1];
  for (u32 k = 0; k < j->rows.n; k++)
    j->list[j->start[j->gid[k] + 1]++] = k;
  return SEINE_OK;
}

/* p: registers of the probe keys. */
int opProbe(Run *r, const Instr *i) {
  JoinObject *j = (JoinObject *)r->obj[i->a];
  const RegList *list = i->p;
  j->sel = r->sel[i->sel];
  j->row = 0;
  j->next = 0;
  return snKeysGids(r, &j->keys, list->reg, &j->sel, false, true, j->probe);
}

int opPairs(Run *r, const Instr *i) {
  JoinObject *j = (JoinObject *)r->obj[i->a];
  u32 n = 0;
  int rc = snRunCheck(r);
  if (rc) return rc;
  for (; j->row < j->sel.n && n < SN_WINDOW; j->row++, j->next = 0) {
    u32 g = j->probe[j->row];
    if (!snBit(j->sel.bits, j->row) || g == KEYS_NONE) continue;
    u32 from = j->start[g] + j->next, to = j->start[g + 1];
    u32 k = SN_MIN(to - from, SN_WINDOW - n);
    for (u32 m = 0; m < k; m++) {
      j->pair_probe[n] = (u16)j->row;
      j->pair_build[n++] = j->list[from + m];
    }
    j->next += k;
    if (from + k < to) break; /* the batch is full: go on here */
  }
  j->npair = n;
  if (!n) r->pc = (u32)i->jump;
  else snSelAll(r->sel + i->sel, n);
  return SEINE_OK;
}

int opPairBuild(Run *r, const Instr *i) {
  JoinObject *j = (JoinObject *)r->obj[i->a];
  int rc = snRegFlat(r, i->dst);
  if (!rc && !snRegNulls(r, i->dst)) rc = SN_NOMEM;
  if (rc) return rc;
  snRowsEmit(&j->rows, (u32)i->k, j->pair_build, 0, j->npair,
      snReg(r, i->dst));
  return SEINE_OK;
}

int opPairProbe(Run *r, const Instr *i) {
  JoinObject *j = (JoinObject *)r->obj[i->a];
  const Vec *in = snReg(r, i->b);
  Vec *out = snReg(r, i->dst);
  int rc = in->form == VEC_CODE ? SEINE_OK : snRegDecode(r, i->b, &j->sel);
  if (rc) return rc;
  if (in->form == VEC_CONST) {
    out->form = VEC_CONST;
    out->data = in->data;
    out->nulls = in->nulls;
    return SEINE_OK;
  }
  if (in->form == VEC_CODE) {
    u32 *codes = snRegCodes(r, i->dst);
    if (!codes) return SN_NOMEM;
    for (u32 k = 0; k < j->npair; k++)
      codes[k] = ((const u32 *)in->data)[j->pair_probe[k]];
    out->form = VEC_CODE;
    out->data = codes;
    out->dict = in->dict;
    out->dict_key = in->dict_key;
  } else {
    rc = snRegFlat(r, i->dst);
    if (rc) return rc;
    bool str = snTypeForm(in->type) == FORM_STR;
    for (u32 k = 0; k < j->npair; k++) {
      u32 at = j->pair_probe[k];
      if (str) ((Str *)out->data)[k] = ((const Str *)in->data)[at];
      else if (in->type != TYPE_BOOLEAN)
        ((i64 *)out->data)[k] = ((const i64 *)in->data)[at];
      else if (snBit(in->data, at)) snBitSet(out->data, k);
      else snBitClear(out->data, k);
    }
  }
  out->nulls = NULL;
  if (!in->nulls) return SEINE_OK;
  u64 *nulls = snRegNulls(r, i->dst);
  if (!nulls) return SN_NOMEM;
  for (u32 k = 0; k < j->npair; k++)
    if (snBit(in->nulls, j->pair_probe[k])) snBitSet(nulls, k);
  return SEINE_OK;
}
