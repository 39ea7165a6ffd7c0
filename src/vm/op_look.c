/*
** op_look: rows that are looked up by key: sub-queries and sets of rows.
**
** A key is a tuple of values, numbered by Keys; first[g] - 1 is the row of its
** values.  Under APPLY the keys come first: Apply notes those of a batch that
** are new, the program between Domain and Applied finds their rows, and the
** batch goes on.  Meanwhile the memory of the batch is put aside, since the
** sources of that program begin batches of their own.
*/
#include "vm/vmInt.h"

#define LOOK_SOME 1u /* IN: the key has a row, */
#define LOOK_NULL 2u /* ... and one with a NULL */

typedef struct LookObject {
  Object head;
  const LookDef *def;
  Keys group, member;  /* member: of IN, keys and values */
  RowStore rows;
  u32 *first, first_cap; /* by key; LOOK_BAG: how many rows; IN: flags */
  u32 *gid;            /* of the batch: 4,096 */
  u32 *pick;           /* rows of the store for a batch */
  u32 asked, to, at;   /* keys answered; to be answered; given to Domain */
  Arena aside;
  bool settled;        /* no more keys are expected */
  bool lent;           /* rows and first are another object's */
} LookObject;

static void lookFree(Object *o) {
  LookObject *l = (LookObject *)o;
  snKeysClear(&l->group);
  snKeysClear(&l->member);
  if (!l->lent) snRowsClear(&l->rows);
  if (!l->lent) snMemFree(l->first);
  snMemFree(l->gid);
  snMemFree(l->pick);
  snArenaClear(&l->aside);
  snMemFree(l);
}

/* Keys are the last columns, but Keys of IN have them first. */
static int lookKeys(Run *r, LookObject *l) {
  const LookDef *d = l->def;
  u32 n = d->nkeys + d->nval;
  u8 *types = snArenaAlloc(&r->keep, n + 1);
  if (!types) return SN_NOMEM;
  memcpy(types, d->types + d->nval, d->nkeys);
  memcpy(types + d->nkeys, d->types, d->nval);
  int rc = snKeysInit(r->budget, &l->group, types, d->nkeys);
  if (!rc && d->kind == LOOK_IN)
    rc = snKeysInit(r->budget, &l->member, types, n);
  l->member.numbered = true;
  return rc ? rc : snRowsInit(&l->rows, r->budget, d->types, d->nval);
}

static int lookBatch(Run *r, LookObject *l) {
  snArenaInit(&l->aside, r->budget);
  l->gid = snMemAlloc(r->budget, SN_WINDOW * sizeof(u32));
  l->pick = snMemAlloc(r->budget, SN_WINDOW * sizeof(u32));
  return l->gid && l->pick ? SEINE_OK : SN_NOMEM;
}

static int lookObject(Run *r, u16 obj, const LookDef *d, LookObject **out) {
  *out = (LookObject *)r->obj[obj];
  if (*out) return SEINE_OK;
  LookObject *l = snMemZero(r->budget, sizeof *l);
  if (!l) return SN_NOMEM;
  l->head.free = lookFree;
  l->def = d;
  r->obj[obj] = &l->head;
  *out = l;
  int rc = lookBatch(r, l);
  return rc ? rc : lookKeys(r, l);
}

static void lookSettle(LookObject *l) {
  if (l->settled) return;
  snKeysSettle(&l->group);
  if (l->def->kind == LOOK_IN) snKeysSettle(&l->member);
  l->settled = true;
}

int snLookLend(Run *r, Object *look, Run *t, Object **out) {
  LookObject *from = (LookObject *)look;
  LookObject *l = snMemZero(t->budget, sizeof *l);
  if (!l) return SN_NOMEM;
  l->head.free = lookFree;
  l->lent = true;
  l->def = from->def;
  l->rows = from->rows;
  l->first = from->first;
  l->first_cap = from->first_cap;
  *out = &l->head;
  lookSettle(from);
  l->settled = true;
  int rc = lookBatch(t, l);
  if (!rc) rc = snKeysLend(r, &from->group, t, &l->group);
  if (!rc && l->def->kind == LOOK_IN)
    rc = snKeysLend(r, &from->member, t, &l->member);
  return rc;
}

static int lookRoom(Run *r, LookObject *l) {
  u32 old = l->first_cap;
  int rc = snMemGrow(r->budget, &l->first, &l->first_cap,
      snKeysCount(&l->group), sizeof(u32));
  if (!rc && l->first_cap > old)
    memset(l->first + old, 0, (l->first_cap - old) * sizeof(u32));
  return rc;
}

/* The first row of each key keeps its values. */
static int lookValues(Run *r, LookObject *l, const RegList *cols, Sel *s) {
  const Vec **v = snArenaAlloc(&r->batch, (l->def->nval + 1) * sizeof *v);
  u32 n = l->rows.n;
  if (!v) return SN_NOMEM;
  for (u32 w = 0; w < SN_WORDS; w++)
    for (u64 b = s->bits[w]; b; b &= b - 1) {
      u32 g = l->gid[w * 64 + (u32)__builtin_ctzll(b)];
      if (g == KEYS_NONE || l->first[g]) s->bits[w] ^= b & -b;
      else l->first[g] = ++n;
    }
  for (u32 k = 0; k < l->def->nval; k++) {
    int rc = snRegDecode(r, cols->reg[k], s);
    if (rc) return rc;
    v[k] = snReg(r, cols->reg[k]);
  }
  return snRowsAdd(&l->rows, v, snRunSel(r, s));
}

/* One value that is NULL is no member.  Of several the others may tell that a
** row is another one, so all are kept. */
static u64 lookNone(const LookDef *d) {
  return d->nval > 1 ? 0 : 1ull << SN_MIN(d->nkeys, 63u);
}

static bool lookHasNull(Run *r, const u16 *reg, u32 n, u32 row) {
  bool null = false;
  for (u32 k = 0; k < n; k++) null |= snVecNull(snReg(r, reg[k]), row);
  return null;
}

static int lookMembers(Run *r, LookObject *l, const RegList *cols,
    const Sel *s) {
  const LookDef *d = l->def;
  u32 n = d->nkeys + d->nval;
  u16 *regs = snArenaAlloc(&r->batch, (n + 1) * sizeof *regs);
  u32 *all = snArenaAlloc(&r->batch, SN_WINDOW * sizeof *all);
  if (!regs || !all) return SN_NOMEM;
  memcpy(regs, cols->reg + d->nval, d->nkeys * sizeof *regs);
  memcpy(regs + d->nkeys, cols->reg, d->nval * sizeof *regs);
  int rc = snKeysGids(r, &l->member, regs, s, true, lookNone(d), all);
  for (u32 i = 0; !rc && i < s->n; i++) {
    if (!snBit(s->bits, i) || l->gid[i] == KEYS_NONE) continue;
    bool null = lookHasNull(r, cols->reg, d->nval, i);
    l->first[l->gid[i]] |= LOOK_SOME | (null ? LOOK_NULL : 0);
  }
  return rc;
}

/* p: LookDef. */
int opLookAdd(Run *r, const Instr *i) {
  const LookDef *d = i->p;
  LookObject *l;
  Sel live = r->sel[i->sel];
  int rc = lookObject(r, i->a, d, &l);
  if (!rc) l->settled = false;
  if (!rc)
    rc = snKeysGids(r, &l->group, d->cols->reg + d->nval, &live, true,
        d->loose ? 0 : ~0ull, l->gid);
  if (!rc) rc = lookRoom(r, l);
  if (rc) return rc;
  if (d->kind == LOOK_VALUE) return lookValues(r, l, d->cols, &live);
  if (d->kind == LOOK_IN) return lookMembers(r, l, d->cols, &live);
  Rows16 rows = snRunSel(r, &live);
  for (u32 k = 0; k < rows.n; k++) {
    u32 g = l->gid[rows.rows ? rows.rows[k] : k];
    if (g != KEYS_NONE) l->first[g]++;
  }
  return SEINE_OK;
}

/* ---- asking ------------------------------------------------------------- */

static u32 lookFirst(const LookObject *l, u32 row) {
  u32 g = l->gid[row];
  return g == KEYS_NONE || g >= l->first_cap ? 0 : l->first[g];
}

static void lookFound(const LookObject *l, const Sel *s, Vec *out) {
  u64 *found = out->data;
  for (u32 w = 0; w < SN_WORDS; w++) {
    u64 yes = 0;
    for (u64 b = s->bits[w]; b; b &= b - 1) {
      u32 i = w * 64 + (u32)__builtin_ctzll(b);
      yes |= lookFirst(l, i) ? b & -b : 0;
    }
    found[w] = yes;
  }
}

/* Is there a row of the same key that a row of values may be, as far as they
** and it are known?  Both as numbers; NULL is 0. */
static bool lookMaybe(const LookObject *l, u32 row) {
  const Keys *k = &l->member;
  const LookDef *d = l->def;
  for (u32 t = 0; t < k->ntuple; t++) {
    const u32 *id = k->tuple + (size_t)t * k->n;
    bool same = true;
    for (u32 c = 0; same && c < k->n; c++) {
      u32 x = k->col[c].ids[row];
      same = id[c] == x || (c >= d->nkeys && (!id[c] || !x));
    }
    if (same) return true;
  }
  return false;
}

/* TRUE: it is there.  NULL: it is none, or a row has one, and no row is it.
** FALSE: else; what no row has is in no set, NULL neither. */
static int lookIn(Run *r, const LookObject *l, const RegList *keys,
    const Sel *s, Vec *out) {
  const LookDef *d = l->def;
  u32 *all = snArenaAlloc(&r->batch, SN_WINDOW * sizeof *all);
  Keys *member = (Keys *)(uintptr_t)&l->member;
  if (!all) return SN_NOMEM;
  int rc = snKeysGids(r, member, keys->reg, s, false, lookNone(d), all);
  for (u32 i = 0; !rc && i < s->n; i++) {
    u32 state = lookFirst(l, i);
    snBitClear(out->data, i);
    if (!snBit(s->bits, i) || !state) continue;
    bool null = lookHasNull(r, keys->reg + d->nkeys, d->nval, i);
    if (!null && all[i] != KEYS_NONE) snBitSet(out->data, i);
    else if ((null || (state & LOOK_NULL)) &&
        (d->nval == 1 || lookMaybe(l, i)))
      snBitSet(out->nulls, i);
  }
  return rc;
}

static void lookValue(LookObject *l, u32 col, const Sel *s, Vec *out) {
  for (u32 i = 0; i < s->n; i++) {
    u32 at = snBit(s->bits, i) ? lookFirst(l, i) : 0;
    l->pick[i] = at ? at - 1 : ROWS_NONE;
  }
  snRowsGather(&l->rows, col, l->pick, s->n, out);
}

/* An object to which no row was added has no keys. */
static int lookNothing(Run *r, const Instr *i) {
  Vec *out = snReg(r, i->dst);
  const Sel *s = r->sel + i->sel;
  if (i->c == LOOK_VALUE) {
    snBitsFirst(out->nulls, SN_WORDS, s->n);
    if (snTypeForm(out->type) == FORM_STR)
      memset(out->data, 0, s->n * sizeof(Str));
  } else {
    memset(out->data, 0, SN_WORDS * sizeof(u64));
  }
  return SEINE_OK;
}

/* p: registers of the keys, then of what IN looks for; c: LookKind; k: which
** value; flag 1: NULL is a key too. */
int opLook(Run *r, const Instr *i) {
  LookObject *l = (LookObject *)r->obj[i->a];
  const RegList *keys = i->p;
  const Sel *s = r->sel + i->sel;
  int rc = snRegFlat(r, i->dst);
  if (!rc && !snRegNulls(r, i->dst)) rc = SN_NOMEM;
  if (rc || !l) return rc ? rc : lookNothing(r, i);
  if (!i->flag) lookSettle(l); /* under APPLY more will come */
  rc = snKeysGids(r, &l->group, keys->reg, s, false, i->flag ? 0 : ~0ull,
      l->gid);
  if (rc) return rc;
  Vec *out = snReg(r, i->dst);
  if (i->c == LOOK_IN) return lookIn(r, l, keys, s, out);
  if (i->c == LOOK_VALUE) lookValue(l, (u32)i->k, s, out);
  else lookFound(l, s, out);
  return SEINE_OK;
}

/* Without keys: the value of the first row, or whether there is one. */
int opLookOne(Run *r, const Instr *i) {
  const LookObject *l = (LookObject *)r->obj[i->a];
  bool any = l && l->first_cap && l->first[0];
  int rc = snRegFlat(r, i->dst);
  if (!rc && !snRegNulls(r, i->dst)) rc = SN_NOMEM;
  if (rc) return rc;
  Vec *out = snReg(r, i->dst);
  if (i->c != LOOK_VALUE) {
    ((u64 *)out->data)[0] = any;
  } else if (any) {
    snRowsEmit(&l->rows, 0, NULL, 0, 1, out);
  } else {
    snBitSet(out->nulls, 0);
    if (snTypeForm(out->type) == FORM_STR) memset(out->data, 0, sizeof(Str));
  }
  out->form = VEC_CONST;
  return SEINE_OK;
}

/* LOOK_BAG: each row of sel takes one equal row out.  flag 0: those that found
** one stay in sel, 1: the others do.  p: registers. */
int opLookTake(Run *r, const Instr *i) {
  LookObject *l = (LookObject *)r->obj[i->a];
  const RegList *cols = i->p;
  Sel *s = r->sel + i->sel;
  int rc = l ? snKeysGids(r, &l->group, cols->reg, s, false, 0, l->gid)
             : SEINE_OK;
  for (u32 k = 0; !rc && k < s->n; k++) {
    if (!snBit(s->bits, k)) continue;
    bool found = l && lookFirst(l, k);
    if (found) l->first[l->gid[k]]--;
    if (found == i->flag) snBitClear(s->bits, k);
  }
  return rc;
}

/* ---- APPLY -------------------------------------------------------------- */

/* p: AgainDef. */
int opApply(Run *r, const Instr *i) {
  const AgainDef *d = i->p;
  LookObject *l;
  int rc = lookObject(r, i->a, d->look, &l);
  if (!rc)
    rc = snKeysGids(r, &l->group, d->cols->reg, r->sel + i->sel, true, 0,
        l->gid);
  if (rc) return rc;
  l->to = snKeysCount(&l->group);
  l->at = l->asked;
  if (l->at == l->to) {
    r->pc = (u32)i->jump;
    return SEINE_OK;
  }
  snRunAgain(r, d);
  l->aside = r->batch;
  snArenaInit(&r->batch, r->budget);
  return SEINE_OK;
}

/* p: registers of the keys. */
int opDomain(Run *r, const Instr *i) {
  LookObject *l = (LookObject *)r->obj[i->a];
  const RegList *cols = i->p;
  int rc = snRunCheck(r);
  if (rc) return rc;
  snRunNewBatch(r);
  u32 n = SN_MIN(r->batch_rows, l->to - l->at);
  if (!n) {
    l->at = l->asked; /* the part may read it again */
    r->pc = (u32)i->jump;
    return SEINE_OK;
  }
  for (u32 k = 0; !rc && k < cols->n; k++)
    rc = snKeysEmit(r, &l->group, k, l->at, n, cols->reg[k]);
  l->at += n;
  snSelAll(r->sel + i->sel, n);
  return rc;
}

int opApplied(Run *r, const Instr *i) {
  LookObject *l = (LookObject *)r->obj[i->a];
  snArenaClear(&r->batch);
  r->batch = l->aside;
  snArenaInit(&l->aside, r->budget);
  l->asked = l->to;
  return SEINE_OK;
}

#undef LOOK_SOME
#undef LOOK_NULL
