/*
** delta_keys: which keys have the rows that ride in the claim?
**
** A transaction that inserts a row asks for its keys only, so the hashes of all
** keys of the rows of before are kept from one transaction to the next, a set
** for each part of the rows.  Each row is read once, when it has come.
**
** Invariant: a set has the hashes of the first `bytes` of the part with its
** sum, and no others.
*/
#include "vm/vmInt.h"

#define KEYS_LEAST 32u /* slots */

static void keysSetFree(DeltaSet *s) {
  snMemFree(s->slot);
  *s = (DeltaSet){0};
}

void snDeltaKeysFree(DeltaKeys *k) {
  if (!k) return;
  for (u32 i = 0; i < k->n; i++) keysSetFree(k->set + i);
  snTableDrop(k->table);
  snMemFree(k);
}

/* ---- a set -------------------------------------------------------------- */

static u64 *keysSlot(const DeltaSet *s, u64 hash) {
  u32 at = (u32)hash & s->mask;
  while (s->slot[at] && s->slot[at] != hash) at = (at + 1) & s->mask;
  return s->slot + at;
}

static int keysGrow(Budget *b, DeltaSet *s) {
  DeltaSet was = *s;
  u32 size = was.slot ? 2 * (was.mask + 1) : KEYS_LEAST;
  u64 *slot = snMemZero(b, size * sizeof *slot);
  if (!slot) return SN_NOMEM;
  s->slot = slot;
  s->mask = size - 1;
  for (u32 i = 0; was.slot && i <= was.mask; i++)
    if (was.slot[i]) *keysSlot(s, was.slot[i]) = was.slot[i];
  snMemFree(was.slot);
  return SEINE_OK;
}

/* hash: not 0. */
int snDeltaSetAdd(Budget *b, DeltaSet *s, u64 hash) {
  int rc = !s->slot || 2 * (s->n + 1) > s->mask ? keysGrow(b, s) : SEINE_OK;
  if (rc) return rc;
  u64 *to = keysSlot(s, hash);
  s->n += !*to;
  *to = hash;
  return SEINE_OK;
}

bool snDeltaKeysHas(const DeltaKeys *k, u64 hash) {
  for (u32 i = 0; i < k->n; i++)
    if (k->set[i].slot && *keysSlot(k->set + i, hash)) return true;
  return false;
}

/* ---- the sets of a table ------------------------------------------------ */

/* The sets of before. */
typedef struct KeysWas {
  DeltaSet set[DELTA_MOST];
  u32 n, next;       /* the one to look at first */
} KeysWas;

static bool keysFind(KeysWas *w, u64 sum, u64 bytes, DeltaSet *out) {
  for (u32 i = 0; i < w->n; i++) {
    u32 at = (w->next + i) % w->n;
    if (w->set[at].sum != sum || w->set[at].bytes != bytes) continue;
    *out = w->set[at];
    w->set[at] = (DeltaSet){0};
    w->next = at + 1;
    return true;
  }
  return false;
}

/* What stood in the claim of before may be the first bytes of a part. */
static void keysBegun(KeysWas *w, const TableState *t, const DeltaPart *p,
    DeltaSet *out) {
  DeltaSet *last = w->set + w->n - 1;
  if (!w->n || !last->bytes || last->bytes > p->n) return;
  if (snHash(p->p, last->bytes, t->table->id) != last->sum) return;
  *out = *last;
  *last = (DeltaSet){0};
}

static int keysPart(DeltaKeys *k, Session *s, const TableState *t, u32 i,
    KeysWas *was, const DeltaReader *r) {
  DeltaSet *set = k->set + i;
  u64 sum = snDeltaSum(t, i);
  DeltaPart p;
  i64 rowid;
  *set = (DeltaSet){0};
  k->n = i + 1;
  if (keysFind(was, sum, snDeltaBytes(t, i), set)) return SEINE_OK;
  int rc = snDeltaPart(snSessionStore(s), t, i, &p);
  Rd rd = {0};
  if (!rc) {
    keysBegun(was, t, &p, set);
    rd = (Rd){p.p + set->bytes, p.p + p.n, false};
  }
  while (!rc && snBatchItems(t->table, &rd, &rowid, r->row))
    rc = r->seen(r->arg, rowid, set);
  if (!rc && rd.bad) rc = SN_CORRUPT;
  set->sum = sum;
  set->bytes = rc ? 0 : (u32)p.n;
  snExtentDrop(p.extent);
  return rc;
}

int snDeltaKeysFollow(DeltaKeys *k, Session *s, const TableState *t,
    const DeltaReader *r) {
  KeysWas was = {.n = k->n};
  int rc = SEINE_OK;
  memcpy(was.set, k->set, k->n * sizeof *k->set);
  k->n = 0;
  for (u32 i = 0; !rc && i < snDeltaParts(t); i++)
    rc = keysPart(k, s, t, i, &was, r);
  for (u32 i = 0; i < was.n; i++) keysSetFree(was.set + i);
  return rc;
}

/* ---- between transactions ----------------------------------------------- */

int snDeltaKeysTake(Session *s, Table *t, DeltaKeys **out) {
  Delta *d = snSessionDelta(s);
  DeltaKeys *k = NULL;
  for (u32 i = 0; i < DELTA_TABLES && !k; i++) {
    if (!d->keys[i] || d->keys[i]->table->id != t->id) continue;
    k = d->keys[i];
    d->keys[i] = NULL;
  }
  if (k && k->table != t) { /* it was read anew: its keys may be others */
    snDeltaKeysFree(k);
    k = NULL;
  }
  if (!k) k = snMemZero(snSessionBudget(s), sizeof *k);
  *out = k;
  if (k && !k->table) k->table = snTableKeep(t);
  return k ? SEINE_OK : SN_NOMEM;
}

/* The ones given last stay. */
void snDeltaKeysGive(Session *s, DeltaKeys *k) {
  Delta *d = snSessionDelta(s);
  u32 i = 0;
  if (!k) return;
  while (i < DELTA_TABLES - 1 && d->keys[i]) i++;
  snDeltaKeysFree(d->keys[i]);
  memmove(d->keys + 1, d->keys, i * sizeof *d->keys);
  d->keys[0] = k;
}

#undef KEYS_LEAST
