/*
** mem: counted memory.  Every block has a head that says which budget pays
** for it and how much, so that freeing needs nothing but the pointer.
**
** (1) A block is 16-byte aligned and its head is MEM_HEAD bytes.
** (2) used of a budget is the sum of the blocks, heads included, of itself
**     and of every budget below it.
** (3) A charge is taken from the whole chain of parents or from none.
** (4) No block is larger than PTRDIFF_MAX with its head.
*/
#include "base/base.h"

#define MEM_HEAD  16u
#define MEM_MAX   ((size_t)PTRDIFF_MAX - MEM_HEAD)
#define MEM_FIRST 8u /* elements of an array that begins to grow */

#ifdef SEINE_TEST
#define MEM_FAILS() snFaultMemHit()
#else
#define MEM_FAILS() false
#endif

typedef union MemHead {
  struct {
    Budget *budget;
    size_t size; /* head included */
  } is;
  u8 room[MEM_HEAD];
} MemHead;

_Static_assert(sizeof(MemHead) == MEM_HEAD, "head of a block");

static MemHead *memHead(void *p) {
  return (MemHead *)(void *)((u8 *)p - MEM_HEAD);
}

static bool memFits(const Budget *b, i64 n) {
  i64 sum;
  for (; b; b = b->parent) {
    if (__builtin_add_overflow(b->used, n, &sum)) return false;
    if (b->limit > 0 && sum > b->limit) return false;
  }
  return true;
}

static bool memCount(Budget *b, i64 n) {
  if (n > 0 && !memFits(b, n)) return false;
  for (; b; b = b->parent) {
    b->used += n;
    if (b->used > b->peak) b->peak = b->used;
  }
  return true;
}

static void *memNew(Budget *b, size_t n, bool zero) {
  MemHead *h;
  if (n > MEM_MAX) return NULL;
  n += MEM_HEAD;
  if (MEM_FAILS()) return NULL;
  if (!memCount(b, (i64)n)) return NULL;
  h = zero ? calloc(1, n) : malloc(n);
  if (!h) {
    memCount(b, -(i64)n);
    return NULL;
  }
  h->is.budget = b;
  h->is.size = n;
  return (u8 *)h + MEM_HEAD;
}

void *snMemAlloc(Budget *b, size_t n) {
  return memNew(b, n, false);
}

void *snMemZero(Budget *b, size_t n) {
  return memNew(b, n, true);
}

void *snMemRealloc(Budget *b, void *p, size_t n) {
  MemHead *h, *moved;
  i64 more;
  if (!p) return memNew(b, n, false);
  if (n > MEM_MAX) return NULL;
  h = memHead(p);
  b = h->is.budget;
  n += MEM_HEAD;
  more = (i64)n - (i64)h->is.size;
  if (MEM_FAILS()) return NULL;
  if (more > 0 && !memCount(b, more)) return NULL;
  moved = realloc(h, n);
  if (!moved) {
    if (more > 0) memCount(b, -more);
    return NULL;
  }
  if (more < 0) memCount(b, more);
  moved->is.size = n;
  return (u8 *)moved + MEM_HEAD;
}

void snMemFree(void *p) {
  MemHead *h;
  if (!p) return;
  h = memHead(p);
  assert(h->is.size >= MEM_HEAD);
  memCount(h->is.budget, -(i64)h->is.size);
  free(h);
}

char *snMemDup(Budget *b, const char *s, size_t n) {
  char *copy = n < MEM_MAX ? snMemAlloc(b, n + 1) : NULL;
  if (!copy) return NULL;
  if (n) memcpy(copy, s, n);
  copy[n] = 0;
  return copy;
}

/* Doubling keeps the cost of an append constant; the last step, to 2^32 - 1
** elements, is the only one that is not a power of two. */
static u64 memCap(u64 need) {
  u64 cap = MEM_FIRST;
  while (cap < need) cap *= 2;
  return SN_MIN(cap, (u64)UINT32_MAX);
}

int snMemGrow(Budget *b, void *array_ptr, u32 *cap, u64 need, size_t size) {
  void *p;
  size_t bytes;
  u64 to;
  assert(size > 0);
  if (need <= *cap) return SEINE_OK;
  if (need > UINT32_MAX) return SN_NOMEM;
  to = memCap(need);
  if (__builtin_mul_overflow((size_t)to, size, &bytes)) return SN_NOMEM;
  memcpy(&p, array_ptr, sizeof p);
  p = snMemRealloc(b, p, bytes);
  if (!p) return SN_NOMEM;
  memcpy(array_ptr, &p, sizeof p);
  *cap = (u32)to;
  return SEINE_OK;
}

#undef MEM_HEAD
#undef MEM_MAX
#undef MEM_FIRST
#undef MEM_FAILS
