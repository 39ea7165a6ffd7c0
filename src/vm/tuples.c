/*
** tuples: tuples of 64-bit numbers to dense numbers, by one hash table.
**
** (1) A slot is 0 or, of a tuple, the upper half of its hash above its number
**     plus one.  Its place comes from that half as well, so that the table
**     grows without a look at the tuples.
** (2) More than half of the slots are free.
*/
#include "vm/vmInt.h"

#define TUPLES_LEAST 1024u /* slots */
#define TUPLES_BLOCK 64u   /* rows whose waits for memory overlap */

void snTuplesInit(Tuples *t, Budget *b, u32 n) {
  memset(t, 0, sizeof *t);
  t->budget = b;
  t->width = n;
}

void snTuplesClear(Tuples *t) {
  snMemFree(t->v);
  snMemFree(t->slot);
  snTuplesInit(t, t->budget, t->width);
}

static int tuplesGrow(Tuples *t) {
  u32 old = t->slot ? t->mask + 1 : 0, n = old ? old * 2 : TUPLES_LEAST;
  if (n > 1u << 30) return SN_NOMEM;
  u64 *slot = snMemZero(t->budget, n * sizeof *slot);
  if (!slot) return SN_NOMEM;
  for (u32 i = 0; i < old; i++) {
    u64 s = t->slot[i];
    if (!s) continue;
    u32 at = (u32)(s >> 32) & (n - 1);
    while (slot[at]) at = (at + 1) & (n - 1);
    slot[at] = s;
  }
  snMemFree(t->slot);
  t->slot = slot;
  t->mask = n - 1;
  return SEINE_OK;
}

/* Room for so many more. */
static int tuplesRoom(Tuples *t, u32 more) {
  int rc = SEINE_OK;
  while (!rc && (!t->slot || (t->n + more) * 2ull > t->mask))
    rc = tuplesGrow(t);
  if (rc) return rc;
  return snMemGrow(t->budget, &t->v, &t->cap, (t->n + (u64)more) * t->width,
      sizeof *t->v);
}

static u64 tuplesHash(const Tuples *t, const u64 *const *col, u32 i) {
  u64 h = 0;
  for (u32 c = 0; c < t->width; c++) h = snHashInt(h ^ col[c][i]);
  return h;
}

static bool tuplesSame(const Tuples *t, u32 id, const u64 *const *col,
    u32 i) {
  const u64 *v = t->v + (size_t)id * t->width;
  u64 other = 0;
  for (u32 c = 0; c < t->width; c++) other |= v[c] ^ col[c][i];
  return !other;
}

static u32 tuplesOne(Tuples *t, const u64 *const *col, u32 i, u32 hash,
    bool add) {
  u32 at = hash & t->mask;
  for (; t->slot[at]; at = (at + 1) & t->mask) {
    u64 s = t->slot[at];
    if ((u32)(s >> 32) == hash && tuplesSame(t, (u32)s - 1, col, i))
      return (u32)s - 1;
  }
  if (!add) return KEYS_NONE;
  u64 *v = t->v + (size_t)t->n * t->width;
  for (u32 c = 0; c < t->width; c++) v[c] = col[c][i];
  t->slot[at] = (u64)hash << 32 | ++t->n;
  return t->n - 1;
}

int snTuplesRows(Tuples *t, const u64 *const *col, Rows16 rows, bool add,
    u32 *id) {
  u32 hash[TUPLES_BLOCK];
  int rc = add || !t->slot ? tuplesRoom(t, add ? rows.n : 0) : SEINE_OK;
  for (u32 from = 0; !rc && from < rows.n; from += TUPLES_BLOCK) {
    u32 n = SN_MIN(TUPLES_BLOCK, rows.n - from);
    for (u32 k = 0; k < n; k++) {
      u32 i = rows.rows ? rows.rows[from + k] : from + k;
      hash[k] = (u32)(tuplesHash(t, col, i) >> 32);
      __builtin_prefetch(t->slot + (hash[k] & t->mask));
    }
    for (u32 k = 0; k < n; k++) {
      u32 near = (u32)t->slot[hash[k] & t->mask];
      if (near) __builtin_prefetch(t->v + (size_t)(near - 1) * t->width);
    }
    for (u32 k = 0; k < n; k++) {
      u32 i = rows.rows ? rows.rows[from + k] : from + k;
      id[i] = tuplesOne(t, col, i, hash[k], add);
    }
  }
  return rc;
}
#undef TUPLES_LEAST
#undef TUPLES_BLOCK
