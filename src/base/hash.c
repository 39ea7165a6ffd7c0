/*
** hash: checksums, and the two sets that give things dense numbers.
**
** Both sets are open addressing with linear steps over slots of number + 1,
** 0 for a free slot.  The things themselves lie in order of number.
**
** (1) The number of slots is a power of two, and at most 2/3 are taken, so
**     every search ends.
** (2) A StrSet keeps 32 bits of each hash: growing never reads the strings.
**     Beside each slot lie the upper 16 of them, so that a search reads a
**     string only when it is almost surely the one.
** (3) Strings of up to 16 bytes, as words are, get a shorter hash than the
**     others.  Nothing that is kept depends on the hashes of a set.
** (4) Once rc is set nothing is added and Add returns 0.
*/
#include "base/base.h"
#include <xxhash.h>

#define HASH_COLD  16384u       /* slots of one that lies not near */
#define HASH_LEAST 16u          /* slots of a small set */
#define HASH_MOST  (1u << 31)   /* slots of the largest */
#define HASH_FULL(n, slots) ((u64)(n) * 3 >= (u64)(slots) * 2)

u64 snHash(const void *p, size_t n, u64 seed) {
  return XXH3_64bits_withSeed(p, n, seed);
}

/* ---- strings ------------------------------------------------------------ */

void snStrSetInit(StrSet *s, Budget *b) {
  memset(s, 0, sizeof *s);
  s->budget = b;
  snArenaInit(&s->bytes, b);
}

void snStrSetClear(StrSet *s) {
  snMemFree(s->slots);
  snMemFree(s->tags);
  snMemFree(s->refs);
  snArenaClear(&s->bytes);
  snStrSetInit(s, s->budget);
}

/* Each step can be undone, so that no half hides the other one. */
static inline u32 hashStr(const u8 *p, u32 n) {
  u64 a = 0, b = 0;
  if (n > 16) return (u32)snHash(p, n, 0);
  if (n >= 8) {
    a = snGet64(p);
    b = snGet64(p + n - 8);
  } else if (n >= 4) {
    a = snGet32(p);
    b = snGet32(p + n - 4);
  } else if (n) {
    a = p[0];
    b = (u64)p[n / 2] << 8 | p[n - 1];
  }
  a = (a + n) * 0x9e3779b97f4a7c15u;
  a = (a ^ a >> 32 ^ b) * 0xd6e8feb86659fd93u;
  a = (a ^ a >> 32) * 0xd6e8feb86659fd93u;
  return (u32)(a >> 32);
}

static int hashStrGrow(StrSet *s) {
  u32 slots = s->slots ? s->mask + 1 : 0, i, at;
  u32 *to;
  u16 *tags;
  if (slots >= HASH_MOST) return SN_NOMEM;
  slots = slots ? slots * 2 : HASH_LEAST;
  to = snMemZero(s->budget, slots * sizeof *to);
  tags = snMemAlloc(s->budget, slots * sizeof *tags);
  if (!to || !tags) {
    snMemFree(to);
    snMemFree(tags);
    return SN_NOMEM;
  }
  for (i = 0; i < s->n; i++) {
    u32 hash = s->refs[i].hash;
    for (at = hash & (slots - 1); to[at]; at = (at + 1) & (slots - 1)) {}
    to[at] = i + 1;
    tags[at] = (u16)(hash >> 16);
  }
  snMemFree(s->slots);
  snMemFree(s->tags);
  s->slots = to;
  s->tags = tags;
  s->mask = slots - 1;
  return SEINE_OK;
}

static bool hashStrIs(const StrRef *r, const void *p, u32 n, u32 hash) {
  return r->hash == hash && r->n == n && (!n || !memcmp(r->p, p, n));
}

/* The slot that holds the string, or the free one where it belongs.  Needs a
** table. */
static inline u32 hashStrSlot(const StrSet *s, const void *p, u32 n, u32 hash) {
  u32 at = hash & s->mask;
  u16 tag = (u16)(hash >> 16);
  for (; s->slots[at]; at = (at + 1) & s->mask) {
    if (s->tags[at] != tag) continue;
    if (hashStrIs(&s->refs[s->slots[at] - 1], p, n, hash)) break;
  }
  return at;
}

u32 snStrSetFind(const StrSet *s, const void *p, u32 n) {
  u32 at;
  if (!s->slots) return ~0u;
  at = hashStrSlot(s, p, n, hashStr(p, n));
  return s->slots[at] - 1; /* 0 - 1 is ~0 */
}

u32 snStrSetAdd(StrSet *s, const void *p, u32 n) {
  u32 hash, at;
  char *copy;
  if (s->rc) return 0;
  if (!s->slots || HASH_FULL(s->n + 1, s->mask + 1)) s->rc = hashStrGrow(s);
  if (s->rc) return 0;
  hash = hashStr(p, n);
  at = hashStrSlot(s, p, n, hash);
  if (s->slots[at]) return s->slots[at] - 1;
  s->rc = snMemGrow(s->budget, &s->refs, &s->cap, (u64)s->n + 1,
      sizeof *s->refs);
  if (s->rc) return 0;
  copy = snArenaBytes(&s->bytes, n);
  if (!copy) {
    s->rc = SN_NOMEM;
    return 0;
  }
  if (n) memcpy(copy, p, n);
  s->refs[s->n].p = copy;
  s->refs[s->n].n = n;
  s->refs[s->n].hash = hash;
  s->slots[at] = s->n + 1;
  s->tags[at] = (u16)(hash >> 16);
  return s->n++;
}

/* ---- integers ----------------------------------------------------------- */

void snIntSetInit(IntSet *s, Budget *b) {
  memset(s, 0, sizeof *s);
  s->budget = b;
}

void snIntSetClear(IntSet *s) {
  snMemFree(s->slots);
  snMemFree(s->keys);
  snIntSetInit(s, s->budget);
}

/* A slot has the number + 1 in the bits of the mask, and above them those of
** the hash: so nearly always only the key that is looked for is read. */
static u32 hashIntPut(u32 hash, u32 mask, u32 number) {
  return (hash & ~mask) | (number + 1);
}

static int hashIntGrow(IntSet *s) {
  u32 slots = s->slots ? s->mask + 1 : 0, i, at;
  u32 *to;
  if (s->slots && !HASH_FULL(s->n + 1, slots)) return SEINE_OK;
  if (slots >= HASH_MOST) return SN_NOMEM;
  slots = slots ? slots * 2 : HASH_LEAST;
  while (HASH_FULL(s->n + 1, slots) && slots < HASH_MOST)
    slots *= 2; /* keys that were pushed */
  to = snMemZero(s->budget, slots * sizeof *to);
  if (!to) return SN_NOMEM;
  for (i = 0; i < s->n; i++) {
    u32 hash = (u32)snHashInt(s->keys[i]);
    for (at = hash & (slots - 1); to[at]; at = (at + 1) & (slots - 1)) {}
    to[at] = hashIntPut(hash, slots - 1, i);
  }
  snMemFree(s->slots);
  s->slots = to;
  s->mask = slots - 1;
  return SEINE_OK;
}

static int hashIntRoom(IntSet *s, u32 n) {
  if (!s->rc)
    s->rc = snMemGrow(s->budget, &s->keys, &s->cap, (u64)s->n + n,
        sizeof *s->keys);
  return s->rc;
}

static u32 hashIntAppend(IntSet *s, u64 key) {
  if (hashIntRoom(s, 1)) return 0;
  s->keys[s->n] = key;
  return s->n++;
}

int snIntSetRoom(IntSet *s, u32 n) {
  snMemFree(s->slots);
  s->slots = NULL;
  return hashIntRoom(s, n);
}

u32 snIntSetPush(IntSet *s, u64 key) {
  return snIntSetRoom(s, 1) ? 0 : hashIntAppend(s, key);
}

static u32 hashIntSlot(const IntSet *s, u64 key, u32 hash) {
  u32 at = hash & s->mask;
  for (u32 x; (x = s->slots[at]) != 0; at = (at + 1) & s->mask)
    if (!((x ^ hash) & ~s->mask) && s->keys[(x & s->mask) - 1] == key) break;
  return at;
}

u32 snIntSetFind(const IntSet *s, u64 key) {
  if (!s->slots) return ~0u;
  u32 x = s->slots[hashIntSlot(s, key, (u32)snHashInt(key))];
  return (x & s->mask) - 1; /* 0 - 1 is ~0 */
}

void snIntSetWarm(const IntSet *s, const u64 *keys, u32 n) {
  u32 at[64];
  if (!s->slots || s->mask < HASH_COLD) return;
  for (u32 i = 0; i < n; i++) {
    at[i] = (u32)snHashInt(keys[i]) & s->mask;
    __builtin_prefetch(s->slots + at[i]);
  }
  for (u32 i = 0; i < n; i++)
    if (s->slots[at[i]])
      __builtin_prefetch(s->keys + (s->slots[at[i]] & s->mask) - 1);
}

u32 snIntSetAdd(IntSet *s, u64 key) {
  u32 at, hash = (u32)snHashInt(key);
  if (s->rc) return 0;
  s->rc = hashIntGrow(s);
  if (s->rc) return 0;
  at = hashIntSlot(s, key, hash);
  if (s->slots[at]) return (s->slots[at] & s->mask) - 1;
  (void)hashIntAppend(s, key);
  if (s->rc) return 0;
  s->slots[at] = hashIntPut(hash, s->mask, s->n - 1);
  return s->n - 1;
}

#undef HASH_LEAST
#undef HASH_COLD
#undef HASH_MOST
#undef HASH_FULL
