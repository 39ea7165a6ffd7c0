/*
** op_join: joins by hash.  The build side's rows wait in a store, sorted by
** the number of their key; a probe looks its keys up and gives the pairs in
** batches.  Without keys every row pairs with every row.
**
** Rows without a partner.  Before the join (left, full): with keys alone they
** are given among the pairs, in order; where PairOn decides, behind the pairs
** of their batch.  Of the build side (right, full): Rest gives them when all
** batches were probed.  Semi and anti joins give rows of the probe alone, and
** with PairOn the pairs before them are only looked at.
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
  u32 *pair_build;     /* ROWS_NONE: no partner */
  u64 met[SN_WORDS];   /* rows of the batch that have a partner */
  u64 *used;           /* build rows that have one */
  bool lone;           /* the batch is of rows without a partner */
  bool rest;           /* ... of the build side */
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
  snMemFree(j->used);
  snMemFree(j);
}

static bool joinKeepsBuild(const JoinDef *d) {
  return d->mode == JOINS_RIGHT || d->mode == JOINS_FULL;
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
  j->pair_probe = snMemZero(r->budget, SN_WINDOW * sizeof(u16));
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
    rc = snKeysGids(r, &j->keys, d->cols->reg, &live, true, ~d->same,
        j->probe);
  if (rc) return rc;
  const Vec **cols = snArenaAlloc(&r->batch, (d->ncol + 1) * sizeof *cols);
  if (!cols) return SN_NOMEM;
  for (u32 k = 0; !joinKeepsBuild(d) && k < live.n; k++)
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
  if (!rc) rc = snKeysSettle(r, &j->keys);
  if (rc) return rc;
  u32 n = snKeysCount(&j->keys);
  j->start = snMemZero(r->budget, (n + 2ull) * sizeof(u32));
  j->list = snMemAlloc(r->budget, (j->rows.n + 1ull) * sizeof(u32));
  if (joinKeepsBuild(j->def)) {
    j->used = snMemZero(r->budget, (j->rows.n / 64 + 1ull) * sizeof(u64));
    if (!j->used) return SN_NOMEM;
  }
  if (!j->start || !j->list) return SN_NOMEM;
  for (u32 k = 0; k < j->rows.n; k++)
    if (j->gid[k] != KEYS_NONE) j->start[j->gid[k] + 2]++;
  for (u32 g = 2; g <= n + 1; g++) j->start[g] += j->start[g - 1];
  for (u32 k = 0; k < j->rows.n; k++)
    if (j->gid[k] != KEYS_NONE) j->list[j->start[j->gid[k] + 1]++] = k;
  return SEINE_OK;
}

/* p: registers of the probe keys. */
int opProbe(Run *r, const Instr *i) {
  JoinObject *j = (JoinObject *)r->obj[i->a];
  const RegList *list = i->p;
  j->sel = r->sel[i->sel];
  j->row = 0;
  j->next = 0;
  j->lone = false;
  memset(j->met, 0, sizeof j->met);
  return snKeysGids(r, &j->keys, list->reg, &j->sel, false, ~j->def->same,
      j->probe);
}

/* ---- pairs -------------------------------------------------------------- */

static u32 joinPartners(const JoinObject *j, u32 row, u32 *from) {
  u32 g = j->probe[row];
  if (g == KEYS_NONE) return 0;
  *from = j->start[g];
  return j->start[g + 1] - j->start[g];
}

/* Rows of the batch that the mode gives without looking at pairs. */
static u32 joinLone(JoinObject *j, bool met) {
  u32 n = 0;
  for (u32 w = 0; w < SN_WORDS; w++) {
    u64 b = j->sel.bits[w] & (met ? j->met[w] : ~j->met[w]);
    for (; b; b &= b - 1) {
      j->pair_probe[n] = (u16)(w * 64 + (u32)__builtin_ctzll(b));
      j->pair_build[n++] = ROWS_NONE;
    }
  }
  j->lone = true;
  return n;
}

static u32 joinHalf(JoinObject *j) {
  u32 from;
  for (u32 row = 0; row < j->sel.n; row++)
    if (snBit(j->sel.bits, row) && joinPartners(j, row, &from))
      snBitSet(j->met, row);
  j->row = j->sel.n;
  return joinLone(j, j->def->mode == JOINS_SEMI);
}

static u32 joinPairs(JoinObject *j) {
  const JoinDef *d = j->def;
  bool lone = !d->on && (d->mode == JOINS_LEFT || d->mode == JOINS_FULL);
  u32 n = 0, from = 0;
  for (; j->row < j->sel.n && n < SN_WINDOW; j->row++, j->next = 0) {
    if (!snBit(j->sel.bits, j->row)) continue;
    u32 all = joinPartners(j, j->row, &from);
    if (!all && lone) {
      j->pair_probe[n] = (u16)j->row;
      j->pair_build[n++] = ROWS_NONE;
      continue;
    }
    u32 k = SN_MIN(all - j->next, SN_WINDOW - n);
    for (u32 m = 0; m < k; m++) {
      j->pair_probe[n] = (u16)j->row;
      j->pair_build[n++] = j->list[from + j->next + m];
    }
    j->next += k;
    if (j->next < all) break; /* the batch is full: go on here */
  }
  for (u32 k = 0; j->used && !d->on && k < n; k++)
    if (j->pair_build[k] != ROWS_NONE) snBitSet(j->used, j->pair_build[k]);
  return n;
}

/* Build rows that no probe met: j->row counts them. */
static u32 joinRest(JoinObject *j) {
  u32 n = 0;
  for (; j->row < j->rows.n && n < SN_WINDOW; j->row++)
    if (!snBit(j->used, j->row)) j->pair_build[n++] = j->row;
  j->lone = true;
  return n;
}

/* k: where to go when Rest is done. */
int opPairs(Run *r, const Instr *i) {
  JoinObject *j = (JoinObject *)r->obj[i->a];
  u8 mode = j->def->mode;
  bool half = mode == JOINS_SEMI || mode == JOINS_ANTI, on = j->def->on;
  int rc = snRunCheck(r);
  if (rc) return rc;
  if (j->rest) {
    snRunNewBatch(r);
    j->npair = joinRest(j);
    if (!j->npair) r->pc = (u32)i->k;
    else snSelAll(r->sel + i->sel, j->npair);
    return SEINE_OK;
  }
  u32 n = 0;
  if (!j->lone) n = half && !on ? joinHalf(j) : joinPairs(j);
  if (!n && on && !j->lone && (half || mode == JOINS_LEFT ||
                                  mode == JOINS_FULL))
    n = joinLone(j, mode == JOINS_SEMI);
  j->npair = n;
  if (!n) r->pc = (u32)i->jump;
  else snSelAll(r->sel + i->sel, n);
  return SEINE_OK;
}

int opPairOn(Run *r, const Instr *i) {
  JoinObject *j = (JoinObject *)r->obj[i->a];
  u8 mode = j->def->mode;
  Sel *s = r->sel + i->sel;
  u64 yes[SN_WORDS];
  if (j->lone) return SEINE_OK;
  snVecTrue(snReg(r, i->b), yes);
  for (u32 w = 0; w < SN_WORDS; w++) {
    s->bits[w] &= yes[w];
    for (u64 b = s->bits[w]; b; b &= b - 1) {
      u32 k = w * 64 + (u32)__builtin_ctzll(b);
      snBitSet(j->met, j->pair_probe[k]);
      if (j->used) snBitSet(j->used, j->pair_build[k]);
    }
    if (mode == JOINS_SEMI || mode == JOINS_ANTI) s->bits[w] = 0;
  }
  return SEINE_OK;
}

/* p: JoinDef. */
int opRest(Run *r, const Instr *i) {
  JoinObject *j;
  int rc = joinObject(r, i->a, i->p, &j);
  if (rc) return rc;
  j->rest = true;
  j->row = 0;
  r->pc = (u32)i->jump;
  return SEINE_OK;
}

/* ---- values of pairs ---------------------------------------------------- */

static int joinNull(Run *r, u16 dst, u32 n) {
  int rc = snRegFlat(r, dst);
  if (!rc && !snRegNulls(r, dst)) rc = SN_NOMEM;
  if (rc) return rc;
  snBitsFirst(snReg(r, dst)->nulls, SN_WORDS, n);
  if (snTypeForm(snReg(r, dst)->type) == FORM_STR)
    memset(snReg(r, dst)->data, 0, n * sizeof(Str));
  return SEINE_OK;
}

int opPairBuild(Run *r, const Instr *i) {
  const JoinObject *j = (JoinObject *)r->obj[i->a];
  u8 mode = j->def->mode;
  if (mode >= JOINS_SEMI && j->lone) return joinNull(r, i->dst, j->npair);
  int rc = snRegFlat(r, i->dst);
  if (!rc && !snRegNulls(r, i->dst)) rc = SN_NOMEM;
  if (rc) return rc;
  Vec *out = snReg(r, i->dst);
  if (mode == JOINS_LEFT || mode == JOINS_FULL)
    snRowsGather(&j->rows, (u32)i->k, j->pair_build, j->npair, out);
  else
    snRowsEmit(&j->rows, (u32)i->k, j->pair_build, 0, j->npair, out);
  return SEINE_OK;
}

static int joinCodes(Run *r, const JoinObject *j, const Vec *in, u16 dst) {
  Vec *out = snReg(r, dst);
  u32 *codes = snRegCodes(r, dst);
  if (!codes) return SN_NOMEM;
  for (u32 k = 0; k < j->npair; k++)
    codes[k] = ((const u32 *)in->data)[j->pair_probe[k]];
  out->form = VEC_CODE;
  out->data = codes;
  out->dict = in->dict;
  out->dict_key = in->dict_key;
  return SEINE_OK;
}

static int joinFlat(Run *r, const JoinObject *j, const Vec *in, u16 dst) {
  int rc = snRegFlat(r, dst);
  if (rc) return rc;
  Vec *out = snReg(r, dst);
  bool str = snTypeForm(in->type) == FORM_STR;
  for (u32 k = 0; k < j->npair; k++) {
    u32 at = j->pair_probe[k];
    if (str) ((Str *)out->data)[k] = ((const Str *)in->data)[at];
    else if (in->type != TYPE_BOOLEAN)
      ((i64 *)out->data)[k] = ((const i64 *)in->data)[at];
    else if (snBit(in->data, at)) snBitSet(out->data, k);
    else snBitClear(out->data, k);
  }
  return SEINE_OK;
}

int opPairProbe(Run *r, const Instr *i) {
  const JoinObject *j = (JoinObject *)r->obj[i->a];
  const Vec *in = snReg(r, i->b);
  Vec *out = snReg(r, i->dst);
  if (j->rest) return joinNull(r, i->dst, j->npair);
  int rc = in->form == VEC_CODE ? SEINE_OK : snRegDecode(r, i->b, &j->sel);
  if (rc) return rc;
  if (in->form == VEC_CONST) {
    out->form = VEC_CONST;
    out->data = in->data;
    out->nulls = in->nulls;
    return SEINE_OK;
  }
  rc = in->form == VEC_CODE ? joinCodes(r, j, in, i->dst)
                            : joinFlat(r, j, in, i->dst);
  out->nulls = NULL;
  if (rc || !in->nulls) return rc;
  u64 *nulls = snRegNulls(r, i->dst);
  if (!nulls) return SN_NOMEM;
  for (u32 k = 0; k < j->npair; k++)
    if (snBit(in->nulls, j->pair_probe[k])) snBitSet(nulls, k);
  return SEINE_OK;
}
