/*
** random.h: splitmix64 for the generators of tables and texts: the same seed
** gives the same bytes on every machine.
*/
#ifndef BENCH_RANDOM_H
#define BENCH_RANDOM_H
#include <stddef.h>
#include <stdint.h>

static inline uint64_t randomMix(uint64_t x) {
  x ^= x >> 30;
  x *= UINT64_C(0xbf58476d1ce4e5b9);
  x ^= x >> 27;
  x *= UINT64_C(0x94d049bb133111eb);
  return x ^ x >> 31;
}

static inline uint64_t randomNext(uint64_t *state) {
  *state += UINT64_C(0x9e3779b97f4a7c15);
  return randomMix(*state);
}

/* FNV-1a, mixed. */
static inline uint64_t randomHash(const char *s, size_t n) {
  uint64_t h = UINT64_C(0xcbf29ce484222325);
  for (size_t i = 0; i < n; i++)
    h = (h ^ (unsigned char)s[i]) * UINT64_C(0x100000001b3);
  return randomMix(h);
}

#endif
