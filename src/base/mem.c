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
**     swap, so it is never over the limit, not even for a moment.  A spare
**     block belongs to the thread that swaps it out of its place.
** (6) The size of a block that was spare is what it has, not what was asked
**     for: it grows in place up to that.
*/
#include "base/base.h"

#define MEM_HEAD  16u
#define MEM_MAX   ((size_t)PTRDIFF_MAX - MEM_HEAD)
#define MEM_FIRST 8u /* elements of an array that begins to grow */

#define MEM_WASTE 4u /* times what is asked for, at most, a spare block has
                     ** for one that grows; one fourth more for others */
#define MEM_OLD   16u /* age of a spare block that goes */
#ifdef SEINE_TEST
#define MEM_LARGE (16u << 10)
#else
#define MEM_LARGE (256u << 10) /* from here on blocks are kept */
#endif

/* While it waits nobody reads or writes it. */
#ifdef __SANITIZE_ADDRESS__
#define MEM_CLOSE(h) \
  ASAN_POISON_MEMORY_REGION((h) + 1, (h)->is.size - MEM_HEAD)
#define MEM_OPEN(h) \
  ASAN_UNPOISON_MEMORY_REGION((h) + 1, (h)->is.size - MEM_HEAD)
#else
#define MEM_CLOSE(h) ((void)(h))
#define MEM_OPEN(h) ((void)(h))
#endif

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
  struct {
    u64 age;     /* when it was freed */
    size_t size;
  } kept;
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

/* ---- spare blocks ------------------------------------------------------- */

bool snMemIsLimited(const Budget *b) {
  while (b && b->limit <= 0) b = b->parent;
  return b != NULL;
}

static MemSpare *memSpare(const Budget *b, size_t n) {
  if (n < MEM_LARGE || snMemIsLimited(b)) return NULL;
  while (b && !b->spare) b = b->parent;
  return b ? b->spare : NULL;
}

/* The block in a place, if any: it is the caller's. */
static MemHead *memPull(MemSpare *s, u32 i) {
  if (!__atomic_load_n(s->block + i, __ATOMIC_RELAXED)) return NULL;
  return __atomic_exchange_n(s->block + i, NULL, __ATOMIC_ACQ_REL);
}

/* False: there is no place for it. */
static bool memPut(MemSpare *s, MemHead *h) {
  for (u32 i = 0; i < MEM_SPARES; i++) {
    void *none = NULL;
    if (__atomic_compare_exchange_n(s->block + i, &none, h, false,
            __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
      return true;
  }
  return false;
}

static bool memKeep(MemSpare *s, MemHead *h) {
  i64 n = (i64)h->is.size;
  if (__atomic_add_fetch(&s->kept, n, __ATOMIC_RELAXED) <= s->most) {
    h->kept.age = __atomic_load_n(&s->age, __ATOMIC_RELAXED);
    MEM_CLOSE(h);
    if (memPut(s, h)) return true;
    MEM_OPEN(h);
  }
  __atomic_fetch_sub(&s->kept, n, __ATOMIC_RELAXED);
  return false;
}

static void memLose(MemSpare *s, MemHead *h) {
  __atomic_fetch_sub(&s->kept, (i64)h->is.size, __ATOMIC_RELAXED);
  MEM_OPEN(h);
}

/* The least block that has n bytes and no more than `most`; or NULL. */
static MemHead *memReuse(MemSpare *s, size_t n, size_t most) {
  MemHead *best = NULL;
  for (u32 i = 0; i < MEM_SPARES; i++) {
    MemHead *h = memPull(s, i), *other = h;
    if (!h) continue;
    if (h->is.size >= n && h->is.size <= most &&
        (!best || h->is.size < best->is.size)) {
      other = best;
      best = h;
    }
    if (!other || memPut(s, other)) continue;
    memLose(s, other); /* another thread has filled its place */
    free(other);
  }
  if (best) memLose(s, best);
  return best;
}

static void memSweep(MemSpare *s, u64 least) {
  for (u32 i = 0; i < MEM_SPARES; i++) {
    MemHead *h = memPull(s, i);
    if (!h || (h->kept.age >= least && memPut(s, h))) continue;
    memLose(s, h);
    free(h);
  }
}

void snMemSpareClear(MemSpare *s) { memSweep(s, UINT64_MAX); }

void snMemSpareAge(MemSpare *s) {
  if (!__atomic_load_n(&s->kept, __ATOMIC_RELAXED)) return;
  u64 age = __atomic_add_fetch(&s->age, 1, __ATOMIC_RELAXED);
  memSweep(s, age > MEM_OLD ? age - MEM_OLD : 0);
}

/* ---- blocks ------------------------------------------------------------- */

static void *memNew(Budget *b, size_t n, bool zero) {
  if (n > MEM_MAX) return NULL;
  n += MEM_HEAD;
  if (MEM_FAILS()) return NULL;
  MemSpare *spare = memSpare(b, n);
  MemHead *h = spare ? memReuse(spare, n, n + n / MEM_WASTE) : NULL;
  size_t size = h ? h->is.size : n;
  if (!memTake(b, (i64)size)) {
    free(h);
    return NULL;
  }
  if (h && zero) memset(h + 1, 0, n - MEM_HEAD);
  if (!h) h = zero ? calloc(1, n) : malloc(n);
  if (!h) {
    memGive(b, NULL, (i64)n);
    return NULL;
  }
  h->is.budget = b;
  h->is.size = size;
  return (u8 *)h + MEM_HEAD;
}

const volatile int *snMemStop(const Budget *b) {
  while (b && !b->stop) b = b->parent;
  return b ? b->stop : NULL;
}

i64 snMemUsed(const Budget *b) {
  return __atomic_load_n(&b->used, __ATOMIC_RELAXED);
}

i64 snMemPeak(const Budget *b) {
  return __atomic_load_n(&b->peak, __ATOMIC_RELAXED);
}

void *snMemAlloc(Budget *b, size_t n) {
  return memNew(b, n, false);
}

void *snMemZero(Budget *b, size_t n) {
  return memNew(b, n, true);
}

/* A spare block takes the place of a smaller one. */
static MemHead *memMove(MemSpare *s, MemHead *h, size_t n) {
  MemHead *to = memReuse(s, n, n * MEM_WASTE);
  if (!to) return NULL;
  if (!memTake(h->is.budget, (i64)to->is.size)) {
    free(to);
    return NULL;
  }
  to->is.budget = h->is.budget;
  memcpy(to + 1, h + 1, h->is.size - MEM_HEAD);
  snMemFree(h + 1);
  return to;
}

void *snMemRealloc(Budget *b, void *p, size_t n) {
  MemHead *h, *moved;
  i64 more;
  if (!p) return memNew(b, n, false);
  if (n > MEM_MAX) return NULL;
  h = memHead(p);
  b = h->is.budget;
  n += MEM_HEAD;
  if (MEM_FAILS()) return NULL;
  MemSpare *spare = memSpare(b, n);
  if (spare && n <= h->is.size && n >= h->is.size / MEM_WASTE) return p;
  more = (i64)n - (i64)h->is.size;
  moved = spare && more > 0 ? memMove(spare, h, n) : NULL;
  if (moved) return moved + 1;
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
  MemSpare *spare = memSpare(h->is.budget, h->is.size);
  memGive(h->is.budget, NULL, (i64)h->is.size);
  if (!spare || !memKeep(spare, h)) free(h);
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
#undef MEM_WASTE
#undef MEM_OLD
#undef MEM_LARGE
#undef MEM_CLOSE
#undef MEM_OPEN
#undef MEM_FAILS
