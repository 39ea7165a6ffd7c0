/*
** op_agg: grouping and distinct rows.
*/
#include "vm/vmInt.h"

#define AGG_SHARE 4 /* of the room, groups of a pass take one */

/* Of coded strings the best that a group had, the least or the greatest. */
typedef struct AggBest {
  u64 dict_key;        /* of the dictionary whose codes they are */
  u32 *code, cap;      /* by group: the code, turned for the greatest; or ~0 */
} AggBest;

typedef struct GroupObject {
  Object head;
  const GroupDef *def;
  Keys keys;
  Agg **agg;         /* NULL: another one, number as[], keeps the same */
  u32 *as;
  Keys *number;      /* of an aggregate's strings, see snAggNumbered(); n 0 */
  i64 *numbers;      /* of the batch, 4,096; or NULL */
  AggBest *best;     /* by aggregate */
  u32 *gid;
  u32 at, n;         /* groups given, in the batch */
  u32 *map;          /* of a twin's, when they are merged: where they went */
  Budget budget;     /* of keys and aggregates: part of the run's */
  Pass pass;
} GroupObject;

static void aggClear(GroupObject *g) {
  snKeysClear(&g->keys);
  for (u32 i = 0; g->agg && i < g->def->nagg; i++) snAggClose(g->agg[i]);
  for (u32 i = 0; g->number && i < g->def->nagg; i++)
    if (g->number[i].n) snKeysClear(g->number + i);
  for (u32 i = 0; g->best && i < g->def->nagg; i++)
    snMemFree(g->best[i].code);
  snMemFree(g->number);
  snMemFree(g->numbers);
  snMemFree(g->best);
  snMemFree(g->agg);
  snMemFree(g->as);
  snMemFree(g->gid);
  snMemFree(g->map);
  memset(&g->keys, 0, sizeof g->keys);
  g->agg = NULL;
  g->number = NULL;
  g->numbers = NULL;
  g->best = NULL;
  g->as = g->gid = g->map = NULL;
  g->at = g->n = 0;
}

static void aggFree(Object *o) {
  GroupObject *g = (GroupObject *)o;
  aggClear(g);
  snPassClear(&g->pass);
  snMemFree(g);
}

/* The first of the aggregates that keeps what number k would. */
static u32 aggAs(const GroupDef *d, u32 k) {
  const AggCall *c = d->agg + k;
  for (u32 i = 0; i < k; i++) {
    const AggCall *b = d->agg + i;
    if (snAggIsShared(b->func, c->func) && b->arg[0] == c->arg[0] &&
        b->filter == c->filter && b->distinct == c->distinct &&
        !b->norder && !c->norder)
      return i;
  }
  return k;
}

static int aggOpen(Budget *b, const AggCall *c, Agg **out, Keys *number) {
  int rc = snAggOpen(b, c->func, c->types, c->narg, c->distinct, out);
  if (!rc && c->norder)
    return snAggOrder(*out, c->order, c->norder, c->types, c->limit);
  if (rc || !snAggNumbered(*out)) return rc;
  return snKeysInit(b, number, c->types, 1);
}

static int aggMake(Run *r, GroupObject *g) {
  const GroupDef *d = g->def;
  g->agg = snMemZero(r->budget, (d->nagg + 1) * sizeof *g->agg);
  g->gid = snMemAlloc(r->budget, SN_WINDOW * sizeof *g->gid);
  g->as = snMemAlloc(r->budget, (d->nagg + 1) * sizeof *g->as);
  g->number = snMemZero(r->budget, (d->nagg + 1) * sizeof *g->number);
  g->best = snMemZero(r->budget, (d->nagg + 1) * sizeof *g->best);
  int rc = snKeysInit(&g->budget, &g->keys, d->types, d->nkeys);
  if (!rc && (!g->agg || !g->gid || !g->as || !g->number || !g->best))
    rc = SN_NOMEM;
  for (u32 i = 0; !rc && i < d->nagg; i++) {
    g->as[i] = aggAs(d, i);
    if (g->as[i] == i)
      rc = aggOpen(&g->budget, d->agg + i, g->agg + i, g->number + i);
    if (rc || !g->number[i].n || g->numbers) continue;
    g->numbers = snMemAlloc(r->budget, SN_WINDOW * sizeof *g->numbers);
    if (!g->numbers) rc = SN_NOMEM;
  }
  return rc;
}

static int aggObject(Run *r, u16 obj, const GroupDef *d,
    GroupObject **out) {
  *out = (GroupObject *)r->obj[obj];
  if (*out) return SEINE_OK;
  GroupObject *g = snMemZero(r->budget, sizeof *g);
  if (!g) return SN_NOMEM;
  g->head.free = aggFree;
  g->head.pass = &g->pass;
  g->def = d;
  g->budget.parent = r->budget;
  r->obj[obj] = &g->head;
  *out = g;
  return aggMake(r, g);
}

/* Strings as their numbers, for an aggregate that only tells them apart. */
static int aggNumbers(Run *r, GroupObject *g, u32 k, const Sel *s, Vec *out) {
  i64 *number = g->numbers;
  u64 *nulls = snArenaZero(&r->batch, SN_WORDS * sizeof *nulls);
  const u32 *ids;
  if (!nulls) return SN_NOMEM;
  int rc = snKeysIds(r, g->number + k, g->def->agg[k].arg[0], s, &ids);
  Rows16 rows = snRunSel(r, s);
  for (u32 j = 0; !rc && j < rows.n; j++) {
    u32 i = rows.rows ? rows.rows[j] : j;
    number[i] = ids[i];
    if (!ids[i]) snBitSet(nulls, i);
  }
  *out = (Vec){.type = TYPE_INTEGER, .form = VEC_FLAT, .data = number,
      .nulls = nulls};
  return rc;
}

static int aggBestRoom(GroupObject *g, AggBest *b, u64 dict_key) {
  u32 had = b->dict_key == dict_key ? b->cap : 0;
  int rc = snMemGrow(&g->budget, &b->code, &b->cap, snKeysCount(&g->keys),
      sizeof *b->code);
  if (!rc) memset(b->code + had, 0xff, (b->cap - had) * sizeof *b->code);
  b->dict_key = dict_key;
  return rc;
}

/* A string is read for a least or greatest one when it is better than what its
** group had, as the order of codes tells. */
static int aggBetter(Run *r, GroupObject *g, u32 k, Sel *s) {
  const AggCall *c = g->def->agg + k;
  bool most, extreme = snAggIsExtreme(c->func, &most) && !c->norder;
  const Vec *v = extreme ? snReg(r, c->arg[0]) : NULL;
  const u32 *codes = v ? snRegCoded(r, c->arg[0]) : NULL;
  if (!codes || v->type == TYPE_INTERVAL) return SEINE_OK;
  int rc = aggBestRoom(g, g->best + k, v->dict_key);
  u32 *best = g->best[k].code;
  for (u32 w = 0; !rc && w < SN_WORDS; w++)
    for (u64 b = s->bits[w]; b; b &= b - 1) {
      u32 i = w * 64 + (u32)__builtin_ctzll(b);
      u32 code = most ? UINT32_MAX - 1 - codes[i] : codes[i];
      u32 *of = best + (g->keys.n ? g->gid[i] : 0);
      if (snVecNull(v, i) || code >= *of) s->bits[w] ^= b & -b;
      else *of = code;
    }
  return rc;
}

static int aggUpdate(Run *r, GroupObject *g, u32 k, const Sel *s) {
  const AggCall *c = g->def->agg + k;
  Sel live = *s;
  Vec args[8];
  if (c->filter != NO_REG) {
    u64 yes[SN_WORDS];
    snVecTrue(snReg(r, c->filter), yes);
    for (u32 w = 0; w < SN_WORDS; w++) live.bits[w] &= yes[w];
  }
  int rc = aggBetter(r, g, k, &live);
  if (!rc && g->number[k].n) rc = aggNumbers(r, g, k, &live, args);
  if (rc) return rc;
  for (u32 a = 0; a < c->narg + c->norder && !g->number[k].n; a++) {
    rc = snRegDecode(r, c->arg[a], &live);
    if (rc) return rc;
    args[a] = *snReg(r, c->arg[a]);
  }
  /* count(*) of one group asks how many rows, not which. */
  Rows16 rows = c->narg || c->norder || g->keys.n ? snRunSel(r, &live)
      : (Rows16){NULL, snBitsCount(live.bits, SN_WORDS)};
  return snAggUpdate(g->agg[k], g->keys.n ? g->gid : NULL,
      snKeysCount(&g->keys), args, rows, r->error);
}

/* The next part of the groups, from the beginning. */
static int aggAgain(Run *r, GroupObject *g) {
  aggClear(g);
  int rc = snPassBegin(r, &g->pass);
  return rc ? rc : aggMake(r, g);
}

/* The groups take too much: they are made in more passes, if that can be. */
static int aggTooMany(Run *r, GroupObject *g, const Instr *i) {
  Pass *p = &g->pass;
  if (r->worker && snForkOver(r)) return SEINE_OK;
  if (r->twin || !snPassMay(r, p, (u32)(i - r->prog->code))) return SEINE_OK;
  int rc = snPassSplit(r, p, snPassSeen(r, p));
  return rc ? rc : aggAgain(r, g);
}

static int aggCount(Run *r, const GroupObject *g) {
  bool gap = g->keys.n == 1 && !g->keys.null_seen; /* 0 is that of NULL */
  if ((i64)snKeysCount(&g->keys) - gap <=
      snLimit(r->budget, SEINE_LIMIT_GROUPS)) return SEINE_OK;
  return snRunFail(r, SEINE_TOOBIG, "a GROUP BY makes too many groups: %s",
      snLimitSay(r->budget, SEINE_LIMIT_GROUPS));
}

/* p: GroupDef. */
int opGroup(Run *r, const Instr *i) {
  GroupObject *g;
  const GroupDef *d = i->p;
  const Sel *s = r->sel + i->sel;
  Sel part;
  int rc = aggObject(r, i->a, d, &g);
  if (!rc && g->pass.mask) {
    rc = snPassRows(r, &g->pass, d->key, d->nkeys, s, &part);
    s = &part;
  }
  if (r->worker && snForkIsOver(r)) return rc;
  if (!rc && d->nkeys)
    rc = snKeysGids(r, &g->keys, d->key, s, true, 0, g->gid);
  if (!rc && d->nkeys) rc = aggCount(r, g);
  for (u32 k = 0; !rc && k < d->nagg; k++)
    if (g->agg[k]) rc = aggUpdate(r, g, k, s);
  i64 used = rc ? 0 : snMemUsed(&g->budget);
  if (!rc && d->nkeys && snPassOver(r, &g->budget, AGG_SHARE * used))
    rc = aggTooMany(r, g, i);
  return rc;
}

int snGroupPasses(Run *r, const Instr *i, double seen) {
  GroupObject *g;
  int rc = aggObject(r, i->a, i->p, &g);
  if (rc) return rc;
  if (!snPassMay(r, &g->pass, (u32)(i - r->prog->code))) return SEINE_MISUSE;
  rc = snPassSplit(r, &g->pass, seen);
  return rc ? rc : aggAgain(r, g);
}

int opGroups(Run *r, const Instr *i) {
  GroupObject *g;
  int rc = snRunCheck(r);
  if (!rc) rc = aggObject(r, i->a, i->p, &g);
  if (rc) return rc;
  snRunNewBatch(r);
  u32 all = snKeysCount(&g->keys);
  g->at += g->n;
  g->n = SN_MIN(r->batch_rows, all - g->at);
  if (!g->n && snPassNext(&g->pass)) return aggAgain(r, g);
  if (!g->n) {
    r->pc = (u32)i->jump;
    return SEINE_OK;
  }
  Sel *s = r->sel + i->sel;
  snSelAll(s, g->n);
  if (g->keys.n == 1 && !g->at && !g->keys.null_seen)
    snBitClear(s->bits, 0); /* no row had a NULL key */
  return SEINE_OK;
}

int opGroupKey(Run *r, const Instr *i) {
  const GroupObject *g = (GroupObject *)r->obj[i->a];
  return snKeysEmit(r, &g->keys, (u32)i->k, g->at, g->n, i->dst);
}

int opGroupAgg(Run *r, const Instr *i) {
  const GroupObject *g = (GroupObject *)r->obj[i->a];
  int rc = snRegFlat(r, i->dst);
  if (!rc && !snRegNulls(r, i->dst)) rc = SN_NOMEM;
  if (rc) return rc;
  Vec *out = snReg(r, i->dst);
  if (snTypeForm(out->type) == FORM_STR)
    memset(out->data, 0, g->n * sizeof(Str));
  if (out->type == TYPE_BOOLEAN) memset(out->data, 0, SN_WORDS * 8);
  Agg *a = g->agg[g->as[i->k]];
  const AggCall *c = g->def->agg + i->k;
  rc = snAggFinalAs(a, c->func, c->plus, g->at, g->n, &r->batch, out);
  if (rc == SEINE_ERROR) return snRunFail(r, rc, "%s", snAggError(a));
  return rc;
}

/* ---- groups of twins ----------------------------------------------------- */

bool snGroupMerges(const GroupDef *d) {
  for (u32 k = 0; k < d->nagg; k++) {
    const AggCall *c = d->agg + k;
    if (c->norder || !snAggMerges(c->func) || (c->distinct && c->narg != 1))
      return false;
  }
  return true;
}

u32 snGroupCount(const Object *group) {
  return snKeysCount(&((const GroupObject *)group)->keys);
}

u64 snGroupSize(const Object *group) {
  const GroupObject *g = (const GroupObject *)group;
  u64 n = g ? snKeysCount(&g->keys) : 0;
  for (u32 k = 0; g && k < g->def->nagg; k++)
    if (g->agg[k]) n += snAggDistinct(g->agg[k]);
  return n;
}

/* Groups from `at` on of `made` to those of g, whose numbers are in g->gid. */
static int aggMergeBatch(Run *r, GroupObject *g, const GroupObject *made,
    u32 at, u32 n) {
  const GroupDef *d = g->def;
  Sel s;
  int rc = SEINE_OK;
  snRunNewBatch(r);
  snSelAll(&s, n);
  if (d->nkeys == 1 && !at && !made->keys.null_seen) snBitClear(s.bits, 0);
  for (u32 c = 0; !rc && c < d->nkeys; c++)
    rc = snKeysEmit(r, &made->keys, c, at, n, d->key[c]);
  if (d->nkeys && !rc)
    rc = snKeysGids(r, &g->keys, d->key, &s, true, 0, g->gid);
  if (!rc && d->nkeys) rc = aggCount(r, g);
  if (rc) return rc;
  Rows16 rows = snRunSel(r, &s);
  if (!d->nkeys) g->gid[0] = 0;
  for (u32 j = 0; j < rows.n; j++) {
    u32 i = rows.rows ? rows.rows[j] : j;
    made->map[at + i] = g->gid[i];
  }
  for (u32 k = 0; !rc && k < d->nagg; k++)
    if (g->agg[k] && !snAggIsDistinct(g->agg[k]))
      rc = snAggMerge(g->agg[k], made->agg[k], at, rows, g->gid,
          snKeysCount(&g->keys), r->error);
  return rc;
}

int snGroupMerge(Run *r, const Instr *i, Object *made, u32 from, u32 to) {
  GroupObject *g, *m = (GroupObject *)made;
  int rc = aggObject(r, i->a, i->p, &g);
  if (!rc && !m->map)
    m->map = snMemZero(r->budget, (snKeysCount(&m->keys) + 1ull) * 4);
  if (!rc && !m->map) rc = SN_NOMEM;
  for (u32 at = from, n; !rc && at < to; at += n) {
    n = SN_MIN(SN_WINDOW, to - at);
    rc = snRunCheck(r);
    if (!rc) rc = aggMergeBatch(r, g, m, at, n);
  }
  return rc;
}

/* Numbers of strings of `made` as g has them: out[number of made]. */
static int aggMergeNumbers(Run *r, GroupObject *g, const GroupObject *made,
    u32 k, i64 *out) {
  u16 reg = g->def->agg[k].arg[0];
  u32 all = snKeysCount(made->number + k);
  int rc = SEINE_OK;
  for (u32 at = 1, n; !rc && at < all; at += n) {
    const u32 *ids;
    Sel s;
    n = SN_MIN(SN_WINDOW, all - at);
    snRunNewBatch(r);
    snSelAll(&s, n);
    rc = snKeysEmit(r, made->number + k, 0, at, n, reg);
    if (!rc) rc = snKeysIds(r, g->number + k, reg, &s, &ids);
    for (u32 i = 0; !rc && i < n; i++) out[at + i] = ids[i];
  }
  return rc;
}

int snGroupMergeEnd(Run *r, const Instr *i, Object *made) {
  GroupObject *g, *m = (GroupObject *)made;
  int rc = aggObject(r, i->a, i->p, &g);
  for (u32 k = 0; !rc && k < g->def->nagg; k++) {
    i64 *number = NULL;
    if (!g->agg[k] || !snAggIsDistinct(g->agg[k])) continue;
    if (g->number[k].n) {
      u64 n = snKeysCount(m->number + k) + 1ull;
      number = snMemAlloc(r->budget, n * sizeof *number);
      rc = number ? aggMergeNumbers(r, g, m, k, number) : SN_NOMEM;
    }
    if (!rc)
      rc = snAggMergeDistinct(g->agg[k], m->agg[k], m->map, number,
          snKeysCount(&g->keys), r->error);
    snMemFree(number);
  }
  return rc;
}

/* ---- distinct ----------------------------------------------------------- */

typedef struct DistinctObject {
  Object head;
  Keys keys;
  u32 *gid;
  u64 *seen;
  u32 seen_cap;
} DistinctObject;

static void aggDistinctFree(Object *o) {
  DistinctObject *d = (DistinctObject *)o;
  snKeysClear(&d->keys);
  snMemFree(d->gid);
  snMemFree(d->seen);
  snMemFree(d);
}

/* p: registers of the row. */
int opDistinct(Run *r, const Instr *i) {
  const RegList *list = i->p;
  DistinctObject *d = (DistinctObject *)r->obj[i->a];
  int rc = SEINE_OK;
  if (!d) {
    u8 *types = snArenaAlloc(&r->keep, list->n + 1);
    d = types ? snMemZero(r->budget, sizeof *d) : NULL;
    if (!d) return SN_NOMEM;
    d->head.free = aggDistinctFree;
    r->obj[i->a] = &d->head;
    for (u32 k = 0; k < list->n; k++)
      types[k] = snReg(r, list->reg[k])->type;
    d->gid = snMemAlloc(r->budget, SN_WINDOW * sizeof *d->gid);
    rc = d->gid ? snKeysInit(r->budget, &d->keys, types, list->n) : SN_NOMEM;
  }
  Sel *s = r->sel + i->sel;
  if (!rc) rc = snKeysGids(r, &d->keys, list->reg, s, true, 0, d->gid);
  if (rc) return rc;
  u32 words = snKeysCount(&d->keys) / 64 + 1, old = d->seen_cap;
  rc = snMemGrow(r->budget, &d->seen, &d->seen_cap, words, sizeof(u64));
  if (rc) return rc;
  memset(d->seen + old, 0, (d->seen_cap - old) * sizeof(u64));
  for (u32 k = 0; k < s->n; k++) {
    if (!snBit(s->bits, k)) continue;
    if (snBit(d->seen, d->gid[k])) snBitClear(s->bits, k);
    else snBitSet(d->seen, d->gid[k]);
  }
  return SEINE_OK;
}

#undef AGG_SHARE
