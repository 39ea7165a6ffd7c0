/*
** op_join: joins by hash.  The build side's rows wait in a store, sorted by
** the number of their key; a probe looks its keys up and gives the pairs in
** batches.  Without keys every row pairs with every row.
**
** Of an ASOF join the rows of a key are listed in the order of the column
** behind the keys, and a probe takes the one that stands next to its own value:
** of equal ones before it the last, of equal ones behind it the first.
**
** Rows without a partner.  Before the join (left, full): with keys alone they
** are given among the pairs, in order; where PairOn decides, behind the pairs
** of their batch.  Of the build side (right, full): Rest gives them when all
** batches were probed.  Semi and anti joins give rows of the probe alone, and
** with PairOn the pairs before them are only looked at.
*/
#include "vm/vmInt.h"

#define JOIN_LEVEL 4u /* of so many rows one must have a partner */
#define JOIN_SHARE 3  /* of the room, a build side takes one */

typedef struct JoinObject {
  Object head;
  const JoinDef *def;
  Budget budget;       /* of the build side: part of the run's */
  Pass pass;
  RowStore rows;
  Keys keys;
  u32 *gid, gid_cap;   /* of each build row */
  u32 *only;           /* the row of key g; NULL: some have more than one, */
  u32 *start, *list;   /* ... list[start[g] .. start[g + 1]) */
  bool zero;           /* key 0 has rows: of NULL, or of a join without keys */
  u32 list_cap;
  u32 from;            /* of Expand: the next row of the batch */
  u32 *probe;          /* keys of the batch: 4,096; of an ASOF join that are
                       ** there: their build rows */
  Sel sel;             /* rows of the batch that are probed */
  u32 row, next;       /* where the pairs go on */
  u32 npair;
  u16 *pair_probe;
  u32 *pair_build;     /* ROWS_NONE: no partner */
  u64 hit[SN_WORDS];   /* rows of the batch whose key is there */
  u64 met[SN_WORDS];   /* rows of the batch that have a partner */
  u64 *used;           /* build rows that have one, ... */
  PassPart used_part;  /* ... of this part */
  bool level;          /* row k of the pairs is of row k of the batch */
  bool lone;           /* the batch is of rows without a partner */
  bool rest;           /* ... of the build side */
  bool lent;           /* the build side is another object's */
} JoinObject;

static void joinClear(JoinObject *j) {
  snKeysClear(&j->keys);
  if (j->lent) return;
  snRowsClear(&j->rows);
  snMemFree(j->gid);
  snMemFree(j->only);
  snMemFree(j->start);
  snMemFree(j->list);
  j->gid = j->only = j->start = j->list = NULL;
  j->gid_cap = j->list_cap = 0;
}

static void joinFree(Object *o) {
  JoinObject *j = (JoinObject *)o;
  joinClear(j);
  snMemFree(j->probe);
  snMemFree(j->pair_probe);
  snMemFree(j->pair_build);
  if (!j->lent) snMemFree(j->used);
  snPassClear(&j->pass);
  snMemFree(j);
}

static int joinMake(JoinObject *j) {
  const JoinDef *d = j->def;
  int rc = snRowsInit(&j->rows, &j->budget, d->types, d->ncol);
  return rc ? rc : snKeysInit(&j->budget, &j->keys, d->types, d->nkeys);
}

/* What is known of rows of another part is of no use. */
static int joinAgain(Object *o) {
  JoinObject *j = (JoinObject *)o;
  joinClear(j);
  if (j->used_part.mask != j->pass.mask ||
      j->used_part.value != j->pass.value) {
    snMemFree(j->used);
    j->used = NULL;
  }
  j->rest = false;
  return joinMake(j);
}

static int joinRoom(Run *r, JoinObject *j) {
  j->probe = snMemAlloc(r->budget, SN_WINDOW * sizeof(u32));
  j->pair_probe = snMemZero(r->budget, SN_WINDOW * sizeof(u16));
  j->pair_build = snMemAlloc(r->budget, SN_WINDOW * sizeof(u32));
  return j->probe && j->pair_probe && j->pair_build ? SEINE_OK : SN_NOMEM;
}

static bool joinKeepsBuild(const JoinDef *d) {
  return d->mode == JOINS_RIGHT || d->mode == JOINS_FULL;
}

static int joinObject(Run *r, u16 obj, const JoinDef *d, JoinObject **out) {
  *out = (JoinObject *)r->obj[obj];
  if (*out) return SEINE_OK;
  JoinObject *j = snMemZero(r->budget, sizeof *j);
  if (!j) return SN_NOMEM;
  j->head = (Object){joinFree, joinAgain, &j->pass};
  j->def = d;
  j->budget.parent = r->budget;
  r->obj[obj] = &j->head;
  int rc = joinMake(j);
  *out = j;
  return rc ? rc : joinRoom(r, j);
}

bool snJoinLends(const Object *join) {
  const JoinObject *j = (const JoinObject *)join;
  return j && !joinKeepsBuild(j->def);
}

int snJoinLend(Run *r, Object *join, Run *t, Object **out) {
  JoinObject *from = (JoinObject *)join;
  JoinObject *j = snMemZero(t->budget, sizeof *j);
  if (!j) return SN_NOMEM;
  j->head.free = joinFree;
  j->lent = true;
  j->def = from->def;
  j->pass.mask = from->pass.mask;
  j->pass.value = from->pass.value;
  j->rows = from->rows;
  j->only = from->only;
  j->start = from->start;
  j->list = from->list;
  j->zero = from->zero;
  *out = &j->head;
  int rc = snKeysLend(r, &from->keys, t, &j->keys);
  return rc ? rc : joinRoom(t, j);
}

/* Keeps the rows of the part that is joined now. */
static int joinPart(Run *r, JoinObject *j, const RegList *keys, Sel *s) {
  if (!j->pass.mask) return SEINE_OK;
  return snPassRows(r, &j->pass, keys->reg, j->def->nkeys, s, s);
}

/* Columns double, and BuildEnd lists the rows by their keys. */
static bool joinOver(const Run *r, const JoinObject *j) {
  return j->def->parts && j->rows.n > SN_WINDOW &&
      snPassOver(r, &j->budget, JOIN_SHARE * snMemUsed(&j->budget));
}

/* p: JoinDef.  A row with a NULL key joins with nothing. */
int opBuildAdd(Run *r, const Instr *i) {
  const JoinDef *d = i->p;
  JoinObject *j;
  Sel live = r->sel[i->sel];
  int rc = joinObject(r, i->a, d, &j);
  if (!rc) rc = joinPart(r, j, d->cols, &live);
  if (!rc)
    rc = snKeysGids(r, &j->keys, d->cols->reg, &live, true, ~d->same,
        j->probe);
  if (rc) return rc;
  const Vec *near = d->asof ? snReg(r, d->cols->reg[d->nkeys]) : NULL;
  for (u32 k = 0; near && k < live.n; k++)
    if (snBit(live.bits, k) && snVecNull(near, k)) j->probe[k] = KEYS_NONE;
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
    rc = snMemGrow(&j->budget, &j->gid, &j->gid_cap, (u64)j->rows.n,
        sizeof(u32));
  for (u32 k = 0; !rc && k < rows.n; k++)
    j->gid[at + k] = j->probe[rows.rows ? rows.rows[k] : k];
  return rc || !joinOver(r, j) ? rc : snPartMore(r, d->parts, i->a);
}

/* True: no key has a second row. */
static bool joinOnly(JoinObject *j, u32 n) {
  memset(j->only, 0xff, n * sizeof *j->only);
  for (u32 k = 0; k < j->rows.n; k++) {
    u32 g = j->gid[k];
    if (g == KEYS_NONE) continue;
    if (j->only[g] != ROWS_NONE) return false;
    j->only[g] = k;
  }
  return true;
}

/* order: in which rows of a key stand, or NULL: as they came. */
static int joinLists(JoinObject *j, u32 n, const u32 *order) {
  snMemFree(j->start); /* a build side may grow, and end again */
  snMemFree(j->list);
  j->start = snMemZero(&j->budget, (n + 2ull) * sizeof(u32));
  j->list = snMemAlloc(&j->budget, (j->rows.n + 1ull) * sizeof(u32));
  if (!j->start || !j->list) return SN_NOMEM;
  for (u32 k = 0; k < j->rows.n; k++)
    if (j->gid[k] != KEYS_NONE) j->start[j->gid[k] + 2]++;
  for (u32 g = 2; g <= n + 1; g++) j->start[g] += j->start[g - 1];
  for (u32 k = 0; k < j->rows.n; k++) {
    u32 row = order ? order[k] : k;
    if (j->gid[row] != KEYS_NONE) j->list[j->start[j->gid[row] + 1]++] = row;
  }
  return SEINE_OK;
}

static SortKey joinNearKey(const JoinDef *d) {
  return (SortKey){.col = d->nkeys};
}

static int joinSorted(JoinObject *j, u32 n) {
  SortKey key = joinNearKey(j->def);
  u32 *order = NULL;
  int rc = snRowsSort(&j->rows, &key, 1, &order);
  if (!rc) rc = joinLists(j, n, order);
  snMemFree(order);
  if (!rc) j->zero = j->start[1] > 0;
  return rc;
}

int opBuildEnd(Run *r, const Instr *i) {
  JoinObject *j;
  int rc = joinObject(r, i->a, i->p, &j);
  if (rc) return rc;
  snKeysSettle(&j->keys);
  if (joinKeepsBuild(j->def) && !j->used) {
    j->used = snMemZero(&j->budget, (j->rows.n / 64 + 1ull) * sizeof(u64));
    if (!j->used) return SN_NOMEM;
    j->used_part = (PassPart){j->pass.mask, j->pass.value};
  }
  u32 n = snKeysCount(&j->keys);
  if (j->def->asof) return joinSorted(j, n);
  snMemFree(j->only);
  j->only = snMemAlloc(&j->budget, (n + 1ull) * sizeof(u32));
  if (!j->only) return SN_NOMEM;
  if (joinOnly(j, n)) {
    j->zero = n && j->only[0] != ROWS_NONE;
    return SEINE_OK;
  }
  snMemFree(j->only);
  j->only = NULL;
  rc = joinLists(j, n, NULL);
  if (!rc) j->zero = j->start[1] > 0;
  return rc;
}

/* The place among the build rows list[from .. to) of the one that is nearest
** to value i, of those on its side; false: there is none. */
static bool joinNearest(const JoinObject *j, const Vec *v, u32 i, u32 *at) {
  SortKey key = joinNearKey(j->def);
  u32 g = j->probe[i], from = j->start[g], to = j->start[g + 1];
  u32 lo = from, hi = to;
  int least = j->def->behind != j->def->equal;
  while (lo < hi) { /* the first that is more, or as much */
    u32 mid = lo + (hi - lo) / 2;
    if (snRowsAgainst(&j->rows, &key, 1, j->list[mid], &v, i) < least)
      lo = mid + 1;
    else hi = mid;
  }
  *at = j->def->behind ? lo : lo - 1;
  return j->def->behind ? lo < to : lo > from;
}

/* Of each row whose key is there, the build row in the place of the key. */
static int joinNearRows(Run *r, JoinObject *j, u16 reg) {
  int rc = snRegDecode(r, reg, &j->sel);
  const Vec *v = snReg(r, reg);
  for (u32 w = 0; !rc && w < SN_WORDS; w++)
    for (u64 b = j->hit[w]; b; b &= b - 1) {
      u32 k = w * 64 + (u32)__builtin_ctzll(b), at;
      if (snVecNull(v, k) || !joinNearest(j, v, k, &at)) j->hit[w] ^= b & -b;
      else j->probe[k] = j->list[at];
    }
  return rc;
}

/* The only build row that a row of the batch meets. */
static u32 joinOne(const JoinObject *j, u32 row) {
  return j->def->asof ? j->probe[row] : j->only[j->probe[row]];
}

/* p: registers of the probe keys, and of an ASOF join of its value.  Rows
** without a partner leave the selection,
** where they are not asked for. */
int opProbe(Run *r, const Instr *i) {
  JoinObject *j = (JoinObject *)r->obj[i->a];
  const RegList *list = i->p;
  u8 mode = j->def->mode;
  Sel *s = r->sel + i->sel;
  j->row = 0;
  j->next = 0;
  j->lone = j->level = false;
  memset(j->met, 0, sizeof j->met);
  int rc = joinPart(r, j, list, s);
  if (!rc)
    rc = snKeysGids(r, &j->keys, list->reg, s, false, ~j->def->same,
        j->probe);
  for (u32 w = 0; !rc && w < SN_WORDS; w++) {
    const u32 *gid = j->probe + w * 64;
    u64 m = 0;
    for (u32 k = 0; s->bits[w] && k < 64; k++)
      m |= (u64)(gid[k] != KEYS_NONE && (gid[k] || j->zero)) << k;
    j->hit[w] = m & s->bits[w];
  }
  j->sel = *s;
  if (!rc && j->def->asof) rc = joinNearRows(r, j, list->reg[j->def->nkeys]);
  if (mode == JOINS_INNER || mode == JOINS_SEMI)
    memcpy(s->bits, j->hit, sizeof j->hit);
  j->sel = *s;
  return rc;
}

/* ---- rows of a function ------------------------------------------------- */

/* Enough for one round of Pairs: what is more is made behind it. */
#define JOIN_EXPAND 16384u

/* Adds the rows of the function for one row of the batch. */
static int joinExpandRow(Run *r, const ExpandDef *d, JoinObject *j, u32 row) {
  Arena room;
  TableCall c = {.func = d->func, .session = r->session, .budget = r->budget,
      .arena = &room, .nargs = d->nargs, .cancelled = snRunCancelled,
      .cancel_arg = r, .out = {.to = &j->rows}, .error = r->error};
  int rc = SEINE_OK;
  snArenaInit(&room, r->budget);
  for (u32 k = 0; k < SN_COUNT(c.arg); k++) c.arg[k].null = true;
  for (u32 k = 0; k < d->nargs; k++)
    snTableArg(snReg(r, d->arg[k]), row, c.arg + k);
  while (!rc && !c.done) {
    rc = d->func->fill(&c);
    if (!rc) rc = snRunCheck(r);
  }
  if (d->func->close) d->func->close(&c);
  snArenaClear(&room);
  return rc;
}

/* Rows of the batch from j->from on; their keys are their numbers. */
static int joinExpandRows(Run *r, const ExpandDef *d, JoinObject *j) {
  u32 from = j->from, row = from;
  int rc = SEINE_OK;
  memset(j->hit, 0, sizeof j->hit);
  for (; !rc && row < j->sel.n && j->rows.n < JOIN_EXPAND; row++) {
    j->probe[row] = row;
    j->start[row] = j->rows.n;
    if (snBit(j->sel.bits, row)) rc = joinExpandRow(r, d, j, row);
    j->start[row + 1] = j->rows.n;
    if (j->start[row + 1] > j->start[row]) snBitSet(j->hit, row);
  }
  for (u32 k = 0; k < j->sel.n; k++)
    if (k < from || k >= row) snBitClear(j->sel.bits, k);
  u32 had = j->list_cap;
  if (!rc)
    rc = snMemGrow(r->budget, &j->list, &j->list_cap, j->rows.n + 1ull,
        sizeof *j->list);
  for (u32 k = had; !rc && k < j->list_cap; k++) j->list[k] = k;
  j->from = row;
  return rc;
}

/* p: ExpandDef.  Comes again, behind the pairs, until the batch is through. */
int opExpand(Run *r, const Instr *i) {
  const ExpandDef *d = i->p;
  JoinObject *j;
  int rc = joinObject(r, i->a, d->join, &j);
  if (rc) return rc;
  j->sel = r->sel[i->sel];
  if (!j->start) j->start = snMemZero(r->budget,
      (SN_WINDOW + 1ull) * sizeof(u32));
  if (!j->start) return SN_NOMEM;
  if (j->from >= j->sel.n) {
    j->from = 0;
    r->pc = (u32)i->jump;
    return SEINE_OK;
  }
  for (u32 k = 0; !rc && !j->from && k < d->nargs; k++)
    rc = snRegDecode(r, d->arg[k], &j->sel);
  snRowsClear(&j->rows);
  if (!rc)
    rc = snRowsInit(&j->rows, &j->budget, d->join->types, d->join->ncol);
  if (!rc) rc = joinExpandRows(r, d, j);
  j->row = j->next = 0;
  j->lone = j->level = false;
  memset(j->met, 0, sizeof j->met);
  return rc;
}

#undef JOIN_EXPAND

/* ---- pairs -------------------------------------------------------------- */

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
  memcpy(j->met, j->hit, sizeof j->met);
  j->row = j->sel.n;
  return joinLone(j, j->def->mode == JOINS_SEMI);
}

/* Each row has one partner at most and many have one: rows stay where they
** are. */
static u32 joinLevel(JoinObject *j, bool lone, Sel *s) {
  *s = j->sel;
  for (u32 k = 0; k < s->n; k++) {
    j->pair_probe[k] = (u16)k;
    j->pair_build[k] = lone ? ROWS_NONE : 0;
  }
  for (u32 w = 0; w < SN_WORDS; w++) {
    if (!lone) s->bits[w] &= j->hit[w];
    for (u64 b = j->hit[w]; b; b &= b - 1) {
      u32 k = w * 64 + (u32)__builtin_ctzll(b);
      j->pair_build[k] = joinOne(j, k);
    }
  }
  j->level = true;
  j->row = s->n;
  return s->n;
}

/* The pairs of one row, up to `most` in all; false: there are more. */
static bool joinRow(JoinObject *j, u32 row, u32 most, u32 *n) {
  if (j->only || j->def->asof) {
    j->pair_probe[*n] = (u16)row;
    j->pair_build[(*n)++] = joinOne(j, row);
    return true;
  }
  u32 g = j->probe[row];
  u32 from = j->start[g] + j->next, all = j->start[g + 1] - from;
  u32 some = SN_MIN(all, most - *n);
  for (u32 m = 0; m < some; m++) {
    j->pair_probe[*n + m] = (u16)row;
    j->pair_build[*n + m] = j->list[from + m];
  }
  *n += some;
  j->next = some < all ? j->next + some : 0;
  return some == all;
}

static u32 joinPairs(JoinObject *j, u32 most, bool lone) {
  u32 n = 0;
  while (j->row < j->sel.n && n < most) {
    u64 b = j->sel.bits[j->row / 64] >> (j->row & 63);
    if (!lone) b &= j->hit[j->row / 64] >> (j->row & 63);
    if (!b) {
      j->row = (j->row | 63) + 1;
      continue;
    }
    j->row += (u32)__builtin_ctzll(b);
    if (snBit(j->hit, j->row)) {
      if (!joinRow(j, j->row, most, &n)) break; /* full: it goes on here */
    } else {
      j->pair_probe[n] = (u16)j->row;
      j->pair_build[n++] = ROWS_NONE;
    }
    j->row++;
  }
  return n;
}

static void joinUsed(JoinObject *j, u32 n) {
  for (u32 k = 0; k < n; k++)
    if (j->pair_build[k] != ROWS_NONE) snBitSet(j->used, j->pair_build[k]);
}

/* Build rows that no probe met: j->row counts them. */
static u32 joinRest(JoinObject *j, u32 most) {
  u32 n = 0;
  for (; j->row < j->rows.n && n < most; j->row++)
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
    j->level = false;
    snRunNewBatch(r);
    j->npair = joinRest(j, r->batch_rows);
    if (!j->npair) r->pc = (u32)i->k;
    else snSelAll(r->sel + i->sel, j->npair);
    return SEINE_OK;
  }
  u32 n = 0;
  Sel *s = r->sel + i->sel;
  bool outer = mode == JOINS_LEFT || mode == JOINS_FULL, lone = outer && !on;
  if (!j->lone && half && !on) {
    n = joinHalf(j);
  } else if (!j->lone && !j->row && (j->only || j->def->asof) && !j->used &&
      !half &&
      snBitsCount(j->hit, SN_WORDS) * JOIN_LEVEL >= j->sel.n) {
    j->npair = joinLevel(j, lone, s);
    if (!j->npair) r->pc = (u32)i->jump;
    return SEINE_OK;
  } else if (!j->lone) {
    n = joinPairs(j, r->batch_rows, lone);
    if (j->used && !on) joinUsed(j, n);
  }
  if (!n && on && !j->lone && (half || outer)) {
    j->level = false;
    n = joinLone(j, mode == JOINS_SEMI);
  }
  j->npair = n;
  if (!n) r->pc = (u32)i->jump;
  else snSelAll(s, n);
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

/* p: JoinDef.  A row is known to have no pair when it has met all parts of
** the joins before. */
int opRest(Run *r, const Instr *i) {
  const JoinDef *d = i->p;
  JoinObject *j;
  int rc = joinObject(r, i->a, d, &j);
  if (rc || (d->parts && !snPartLast(r, d->parts, i->a))) return rc;
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
  if (in->form == VEC_CONST || j->level) { /* as it is */
    snRegAlias(r, i->dst, i->b);
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
#undef JOIN_LEVEL
#undef JOIN_SHARE
