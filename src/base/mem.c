/*
** mem: counted memory.  Every block has a head that says which budget pays
** for it and how much, so that freeing needs nothing but the pointer.
**
** (1) A block is 16-byte aligned and its head is MEM_HEAD bytes.
** (2) used of a budget is the sum of the blocks, heads included, of itself
**     and of every budget below it.
** (3) A charge is taken from the whole chain of parents or from none.
** (4) No block is larger than PTRDIFF_MAX with its head.
** (5) Threads share a budget without a lock: used is moved by compare and
**     swap, so it is never over the limit, not even for a moment.
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

static void memGive(Budget *b, const Budget *end, i64 n) {
  for (; b != end; b = b->parent)
    __atomic_fetch_sub(&b->used, n, __ATOMIC_RELAXED);
}

static bool memTakeOne(Budget *b, i64 n) {
  i64 used = __atomic_load_n(&b->used, __ATOMIC_RELAXED), sum;
  do {
    if (__builtin_add_overflow(used, n, &sum)) return false;
    if (b->limit > 0 && sum > b->limit) return false;
  } while (!__atomic_compare_exchange_n(&b->used, &used, sum, true,
      __ATOMIC_RELAXED, __ATOMIC_RELAXED));
  return true;
}

/* Only a charge that was taken everywhere shows in the peaks. */
static void memPeak(Budget *b) {
  for (; b; b = b->parent) {
    i64 used = __atomic_load_n(&b->used, __ATOMIC_RELAXED);
    i64 peak = __atomic_load_n(&b->peak, __ATOMIC_RELAXED);
    while (used > peak &&
        !__atomic_compare_exchange_n(&b->peak, &peak, used, true,
            __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {}
  }
}

static bool memTake(Budget *b, i64 n) {
  for (Budget *at = b; at; at = at->parent) {
    if (memTakeOne(at, n)) continue;
    memGive(b, at, n);
    return false;
  }
  memPeak(b);
  return true;
}

static void *memNew(Budget *b, size_t n, bool zero) {
  MemHead *h;
  if (n > MEM_MAX) return NULL;
  n += MEM_HEAD;
  if (MEM_FAILS()) return NULL;
  if (!memTake(b, (i64)n)) return NULL;
  h = zero ? calloc(1, n) : malloc(n);
  if (!h) {
    memGive(b, NULL, (i64)n);
    return NULL;
  }
  h->is.budget = b;
  h->is.size = n;
  return (u8 *)h + MEM_HEAD;
}

i64 snMemUsed(const Budget *b) {
  return __atomic_load_n(&b->used, __ATOMIC_RELAXED);
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
  if (more > 0 && !memTake(b, more)) return NULL;
  moved = realloc(h, n);
  if (!moved) {
    if (more > 0) memGive(b, NULL, more);
    return NULL;
  }
  if (more < 0) memGive(b, NULL, -more);
  moved->is.size = n;
  return (u8 *)moved + MEM_HEAD;
}

void snMemFree(void *p) {
  MemHead *h;
  if (!p) return;
  h = memHead(p);
  assert(h->is.size >= MEM_HEAD);
  memGive(h->is.budget, NULL, (i64)h->is.size);
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
