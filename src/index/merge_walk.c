/*
** merge_walk: the terms of several dictionaries in one order, each with those
** who have it.
*/
#include "index/merge.h"

int snMergeWalkOpen(Merge *g, Dict **dicts, MergeWalk *k) {
  memset(k, 0, sizeof *k);
  k->it = snMemZero(g->e->budget, g->n * sizeof *k->it);
  k->open = snMemZero(g->e->budget, g->n + 1ull);
  k->same = snMemZero(g->e->budget, (g->n + 1ull) * sizeof *k->same);
  if (!k->it || !k->open || !k->same) return SN_NOMEM;
  k->n = g->n;
  for (u32 i = 0; i < g->n; i++) {
    if (!dicts[i]) continue;
    snDictIterOpen(&k->it[i], dicts[i], 0);
    k->open[i] = snDictIterNext(&k->it[i]);
    if (k->it[i].rc) return k->it[i].rc;
  }
  return SEINE_OK;
}

void snMergeWalkClose(MergeWalk *k) {
  for (u32 i = 0; k->it && i < k->n; i++)
    if (k->it[i].d) snDictIterClose(&k->it[i]);
  snMemFree(k->it);
  snMemFree(k->open);
  snMemFree(k->same);
}

bool snMergeWalkNext(MergeWalk *k) {
  const Buf *best = NULL;
  k->nsame = 0;
  for (u32 i = 0; i < k->n; i++) {
    if (!k->open[i]) continue;
    const Buf *t = &k->it[i].text;
    int c = best ? snStrCmp(t->data, (u32)t->n, best->data, (u32)best->n)
                 : -1;
    if (c < 0) k->nsame = 0;
    if (c < 0) best = t;
    if (c <= 0) k->same[k->nsame++] = i;
  }
  return best != NULL;
}

int snMergeWalkStep(MergeWalk *k) {
  for (u32 i = 0; i < k->nsame; i++) {
    u32 s = k->same[i];
    k->open[s] = snDictIterNext(&k->it[s]);
    if (k->it[s].rc) return k->it[s].rc;
  }
  return SEINE_OK;
}
