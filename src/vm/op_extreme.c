/*
** op_extreme: the least or greatest value of a column of a whole table, from
** the bounds of its windows; only where rows were deleted are values read.
*/
#include "vm/vmInt.h"

typedef struct Extreme {
  bool most, any;
  i64 v;
  i64 *room;         /* for the values of a window */
} Extreme;

static void extremeTake(Extreme *e, i64 x) {
  if (!e->any || (e->most ? x > e->v : x < e->v)) e->v = x;
  e->any = true;
}

/* The values of the rows that are left of a window. */
static int extremeRead(ColReader *k, u32 w, const u64 *live, Extreme *e) {
  u64 nulls[SN_WORDS];
  bool any;
  int rc = snColSome(k, w, live, e->room, nulls, &any);
  for (u32 i = 0; !rc && i < SN_WORDS; i++)
    for (u64 b = live[i] & ~nulls[i]; b; b &= b - 1)
      extremeTake(e, e->room[i * 64 + (u32)__builtin_ctzll(b)]);
  return rc;
}

static int extremeSegment(Run *r, Cursor *c, u32 seg, const Instr *i,
    Extreme *e) {
  u32 docs = snSegmentDocs(c->view->seg[seg]);
  ColReader *k;
  int rc = snCursorReader(c, seg, i->k, &k);
  for (u32 w = 0; !rc && w * SN_WINDOW < docs; w++) {
    u32 n = SN_MIN(SN_WINDOW, docs - w * SN_WINDOW);
    Sel s;
    Zone z;
    if (w % 64 == 0) rc = snRunCheck(r);
    if (rc || !snColZone(k, w, &z)) continue; /* none but NULLs */
    snSelAll(&s, n);
    snLiveMask(c->view->live[seg], w, s.bits);
    r->stats.windows++;
    if (snBitsCount(s.bits, SN_WORDS) == n)
      extremeTake(e, e->most ? z.max : z.min);
    else
      rc = extremeRead(k, w, s.bits, e);
  }
  return rc;
}

/* k: column; flag 1: the greatest. */
int opExtreme(Run *r, const Instr *i) {
  Cursor *c = r->cur + i->a;
  Extreme e = {.most = i->flag,
      .room = snArenaAlloc(&r->batch, SN_WINDOW * sizeof(i64))};
  int rc = snRegFlat(r, i->dst);
  u64 *nulls = rc ? NULL : snRegNulls(r, i->dst);
  if (!nulls || !e.room) return SN_NOMEM;
  for (u32 s = 0; !rc && s < c->view->n; s++)
    rc = extremeSegment(r, c, s, i, &e);
  ((i64 *)snReg(r, i->dst)->data)[0] = e.v;
  if (!e.any) snBitSet(nulls, 0);
  return rc;
}
