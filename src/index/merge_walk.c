/*
** merge_walk: the terms of several dictionaries in one order, each with those
** who have it.
*/
#include "index/merge.h"

/* Whether input i shows one more term. */
static int mergeWalkOne(MergeWalk *k, u32 i) {
  DictIter *it = k->it + i;
  k->open[i] = snDictIterNext(it);
  if (k->open[i]) k->key[i] = snDictKey(it->text.data, (u32)it->text.n);
  return it->rc;
}

int snMergeWalkOpen(Merge *g, Dict **dicts, MergeWalk *k) {
  int rc = SEINE_OK;
  memset(k, 0, sizeof *k);
  k->it = snMemZero(g->e->budget, g->n * sizeof *k->it);
  k->open = snMemZero(g->e->budget, g->n + 1ull);
  k->key = snMemAlloc(g->e->budget, (g->n + 1ull) * sizeof *k->key);
  k->same = snMemZero(g->e->budget, (g->n + 1ull) * sizeof *k->same);
  if (!k->it || !k->open || !k->key || !k->same) return SN_NOMEM;
  k->n = g->n;
  for (u32 i = 0; !rc && i < g->n; i++) {
    if (!dicts[i]) continue;
    snDictIterOpen(&k->it[i], dicts[i], 0);
    rc = mergeWalkOne(k, i);
  }
  return rc;
}

void snMergeWalkClose(MergeWalk *k) {
  for (u32 i = 0; k->it && i < k->n; i++)
    if (k->it[i].d) snDictIterClose(&k->it[i]);
  snMemFree(k->it);
  snMemFree(k->open);
  snMemFree(k->key);
  snMemFree(k->same);
}

static int mergeWalkCmp(const MergeWalk *k, u32 a, u32 b) {
  const Buf *s = &k->it[a].text, *t = &k->it[b].text;
  if (k->key[a] != k->key[b]) return k->key[a] < k->key[b] ? -1 : 1;
  return snStrCmp(s->data, (u32)s->n, t->data, (u32)t->n);
}

bool snMergeWalkNext(MergeWalk *k) {
  k->nsame = 0;
  for (u32 i = 0; i < k->n; i++) {
    if (!k->open[i]) continue;
    int c = k->nsame ? mergeWalkCmp(k, i, k->same[0]) : -1;
    if (c < 0) k->nsame = 0;
    if (c <= 0) k->same[k->nsame++] = i;
  }
  return k->nsame > 0;
}

int snMergeWalkStep(MergeWalk *k) {
  int rc = SEINE_OK;
  for (u32 i = 0; !rc && i < k->nsame; i++) rc = mergeWalkOne(k, k->same[i]);
  return rc;
}
