/*
** arena: bump allocation, freed at once.
**
** (1) [at, end) is free space of one chunk, or both are NULL.
** (2) A chunk is 16-byte aligned, its head is 16 bytes, so its data is too.
** (3) used is what was handed out, alignment included; what is held is in
**     the budget.
** (4) A piece that would waste most of a chunk gets a chunk of its own, and
**     the current one stays in use.
*/
#include "base/base.h"

#define ARENA_HEAD 16u

/* Under SEINE_STRESS_ARENA every piece is a block of its own, so that a
** memory checker sees where it ends and when it dies. */
#ifdef SEINE_STRESS_ARENA
#define ARENA_LEAST 0u
#define ARENA_MOST  0u
#else
#define ARENA_LEAST (1024u - 2 * ARENA_HEAD)
#define ARENA_MOST  ((1u << 20) - 2 * ARENA_HEAD)
#endif

struct ArenaChunk {
  ArenaChunk *next;
  size_t size;
};
_Static_assert(sizeof(ArenaChunk) == ARENA_HEAD, "head of a chunk");

void snArenaInit(Arena *a, Budget *b) {
  memset(a, 0, sizeof *a);
  a->budget = b;
}

void snArenaClear(Arena *a) {
  ArenaChunk *c = a->chunks, *next;
  for (; c; c = next) {
    next = c->next;
    snMemFree(c);
  }
  snArenaInit(a, a->budget);
}

static u8 *arenaChunk(Arena *a, size_t n) {
  ArenaChunk *c;
  if (n > (size_t)PTRDIFF_MAX - ARENA_HEAD) return NULL;
  c = snMemAlloc(a->budget, n + ARENA_HEAD);
  if (!c) return NULL;
  c->next = a->chunks;
  c->size = n;
  a->chunks = c;
  return (u8 *)c + ARENA_HEAD;
}

void snArenaReset(Arena *a, size_t most) {
  size_t used = SN_MIN(a->used + a->used / 8, most); /* and what is lost */
  ArenaChunk *c = a->chunks;
  if (ARENA_MOST && c && !c->next && c->size <= most) {
    a->at = (u8 *)c + ARENA_HEAD;
    a->end = a->at + c->size;
    a->used = 0;
    return;
  }
  snArenaClear(a);
  a->first = used;
}

/* Chunks grow with what the arena has handed out, so that a small arena is
** small and a large one asks seldom. */
static void *arenaSlow(Arena *a, size_t n) {
  size_t size = SN_MAX(SN_MAX(a->used, a->first), (size_t)ARENA_LEAST);
  u8 *p;
  size = SN_MIN(size, (size_t)ARENA_MOST);
  if (n >= size / 2) {
    p = arenaChunk(a, n);
  } else {
    p = arenaChunk(a, size);
    if (p) {
      a->at = p + n;
      a->end = p + size;
    }
  }
  if (p) a->used += n;
  return p;
}

void *snArenaAlloc(Arena *a, size_t n) {
  size_t pad = (size_t)(-(uintptr_t)a->at & 15);
  size_t left = (size_t)(a->end - a->at);
  u8 *p;
  if (!a->at || left < pad || left - pad < n) return arenaSlow(a, n);
  p = a->at + pad;
  a->at = p + n;
  a->used += pad + n;
  return p;
}

void *snArenaZero(Arena *a, size_t n) {
  void *p = snArenaAlloc(a, n);
  if (p) memset(p, 0, n);
  return p;
}

void *snArenaBytes(Arena *a, size_t n) {
  u8 *p = a->at;
  if (!p || (size_t)(a->end - p) < n) return arenaSlow(a, n);
  a->at = p + n;
  a->used += n;
  return p;
}

char *snArenaDup(Arena *a, const char *s, size_t n) {
  char *copy = n < (size_t)PTRDIFF_MAX ? snArenaBytes(a, n + 1) : NULL;
  if (!copy) return NULL;
  if (n) memcpy(copy, s, n);
  copy[n] = 0;
  return copy;
}

#undef ARENA_HEAD
#undef ARENA_LEAST
#undef ARENA_MOST
