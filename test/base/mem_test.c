/*
** mem: spare blocks.  What is freed comes back, grows in place, holds what it
** held, is zero where that is asked for, is counted nowhere while it waits,
** and goes when it is old, when a limit comes, or when there are too many.
*/
#include <pthread.h>

#include "base/base.h"
#include "../tap.h"

#define BLOCK (1u << 20)
#define ROUNDS 400u

static bool isAll(const u8 *p, size_t n, u8 want) {
  for (size_t i = 0; i < n; i++)
    if (p[i] != want) return false;
  return true;
}

static void reuse(void) {
  MemSpare spare = {.most = 8 * BLOCK};
  Budget root = {.spare = &spare}, low = {.parent = &root};
  u8 *p = snMemAlloc(&low, BLOCK), *q, *first = p;
  memset(p, 7, BLOCK);
  tapOk(root.used > BLOCK && !spare.kept, "a block is no spare one");
  snMemFree(p);
  tapOk(!root.used && !low.used && spare.kept > BLOCK,
      "freed it is kept, and counted nowhere");
  p = snMemZero(&low, BLOCK - 100);
  tapOk(p == first && !spare.kept && isAll(p, BLOCK - 100, 0),
      "it comes back, zero where that is asked for");
  tapOk(root.used > BLOCK, "and counts with all that it has");
  memset(p, 9, BLOCK - 100);
  q = snMemRealloc(&low, p, BLOCK);
  tapOk(q == p, "it grows in place");
  snMemFree(q);
  p = snMemAlloc(&low, BLOCK / 8);
  tapOk(p != first && spare.kept > BLOCK, "who asks for much less has none");
  memset(p, 5, BLOCK / 8);
  q = snMemRealloc(&low, p, BLOCK / 2);
  tapOk(q == first && isAll(q, BLOCK / 8, 5) && root.used > BLOCK,
      "a block that grows moves into a spare one");
  q = snMemRealloc(&low, q, 10);
  tapOk(q && isAll(q, 10, 5) && root.used < 100, "and out, when it shrinks");
  snMemFree(q);
  snMemSpareClear(&spare);
  tapOk(!spare.kept && !root.used, "all go");
}

static void ends(void) {
  MemSpare spare = {.most = 3 * BLOCK};
  Budget root = {.spare = &spare};
  void *p[5];
  for (u32 i = 0; i < 5; i++) p[i] = snMemAlloc(&root, BLOCK);
  for (u32 i = 0; i < 5; i++) snMemFree(p[i]);
  tapOk(spare.kept > BLOCK && spare.kept <= spare.most, "no more than most");
  for (u32 i = 0; i < 10; i++) snMemSpareAge(&spare);
  i64 kept = spare.kept;
  p[0] = snMemAlloc(&root, BLOCK);
  snMemFree(p[0]);
  tapOk(spare.kept == kept, "what is taken becomes young again");
  for (u32 i = 0; i < 10; i++) snMemSpareAge(&spare);
  tapOk(spare.kept > BLOCK && spare.kept < kept, "what is old goes");
  for (u32 i = 0; i < 10; i++) snMemSpareAge(&spare);
  tapOk(!spare.kept, "and at last all is");
  root.limit = 2 * BLOCK;
  p[0] = snMemAlloc(&root, BLOCK);
  tapOk(p[0] && !snMemAlloc(&root, BLOCK), "a limit holds");
  snMemFree(p[0]);
  tapOk(!spare.kept && !root.used, "under a limit nothing is kept");
  root.limit = 0;
  spare.most = 0;
  snMemFree(snMemAlloc(&root, BLOCK));
  tapOk(!spare.kept, "none: nothing is kept");
}

typedef struct Worker { Budget *root; u32 seed; bool good; } Worker;

static void *work(void *arg) {
  Worker *w = arg;
  Budget own = {.parent = w->root};
  u32 x = w->seed;
  w->good = true;
  for (u32 i = 0; i < ROUNDS; i++) {
    x = x * 1664525u + 1013904223u;
    size_t n = 20000 + x % 200000, more = n + (x >> 8) % 100000;
    u8 *p = snMemAlloc(&own, n);
    if (!p) continue;
    memset(p, (int)w->seed, n);
    u8 *q = snMemRealloc(&own, p, more);
    if (q) p = q;
    w->good = w->good && isAll(p, n, (u8)w->seed);
    snMemFree(p);
  }
  w->good = w->good && !own.used;
  return NULL;
}

static void threads(void) {
  MemSpare spare = {.most = 1 << 20};
  Budget root = {.spare = &spare};
  pthread_t id[4];
  Worker w[4];
  bool good = true;
  for (u32 i = 0; i < 4; i++) {
    w[i] = (Worker){&root, i + 1, false};
    pthread_create(id + i, NULL, work, w + i);
  }
  for (u32 i = 0; i < 4; i++) {
    pthread_join(id[i], NULL);
    good = good && w[i].good;
  }
  tapOk(good && !root.used && spare.kept <= spare.most,
      "threads never have the same block");
  snMemSpareClear(&spare);
  tapOk(!spare.kept, "what they left goes");
}

int main(void) {
  reuse();
  ends();
  threads();
  return tapEnd();
}
