/*
** hash_test: hash sets, budgets, arenas and buffers under growth, refusals
** and failing allocations, against models that are plain arrays.
**   1. hash: XXH3 of nothing; every bit, the seed and the length count,
**      the place in memory does not
**   2. sets of texts and of numbers: numbers in order of first sight, with
**      texts that begin alike or have the same hash, and numbers that fall
**      on the same slot
**   3. each allocation of a set fails once: an error that stays, and all that
**      was there is found
**   4. budgets: a tree of them with limits that come and go; refused exactly
**      when one on the way up would be over its limit, and then nothing
**      changes
**   5. arenas: pieces stay as they are when others are refused; few blocks
**   6. buffers: any sequence of appends; when an allocation fails, what is
**      there is the begin of it
**   7. sorting: no more comparisons than n log2 n and n
*/
#include "base/base.h"

static int hash_no, hash_failed;
static u64 hash_seed = 0xbb67ae8584caa73bull;

static void hashOk(bool good, const char *what) {
  printf("%sok %d - %s\n", good ? "" : "not ", ++hash_no, what);
  hash_failed += !good;
}

static u64 hashRoll(void) {
  hash_seed ^= hash_seed << 13;
  hash_seed ^= hash_seed >> 7;
  hash_seed ^= hash_seed << 17;
  return hash_seed * 0x9e3779b97f4a7c15ull;
}

static u32 hashBelow(u32 n) { return (u32)((hashRoll() >> 32) % n); }

/* ---- 1. the hash -------------------------------------------------------- */

static void hashTestHash(void) {
  u8 room[400 + 16];
  u32 same = 0, moved = 0, tries = 0;
  hashOk(snHash("", 0, 0) == 0x2d06800538d394c2ull &&
      snHash(NULL, 0, 0) == snHash("x", 0, 0), "hash: of nothing");
  for (u32 n = 1; n < 400; n += 1 + n / 20) {
    for (u32 i = 0; i < n; i++) room[i] = (u8)hashRoll();
    for (u32 bit = 0; bit < n * 8; bit += 1 + n / 60, tries++) {
      u64 before = snHash(room, n, n);
      same += snHash(room, n, n + 1) == before;
      same += snHash(room, n - 1, n) == before;
      memmove(room + bit % 16, room, n);
      moved += snHash(room + bit % 16, n, n) != before;
      memmove(room, room + bit % 16, n);
      room[bit / 8] = (u8)(room[bit / 8] ^ 1u << bit % 8);
      same += snHash(room, n, n) == before;
    }
  }
  hashOk(!same && !moved && tries > 3000, "hash: every bit counts");
}

/* ---- 2. sets ------------------------------------------------------------ */

#define HASH_KEYS 6000u

/* Text number i: some are the begin of others, have zero bytes, or differ in
** the last byte only. */
static u32 hashText(u32 i, u8 *out) {
  u32 n = 0;
  if (i % 3 == 0) {
    n = i / 3 % 200 + (i > 0);
    memset(out, 'a' + (int)(i / 600), n);
  } else {
    if (i % 3 == 1) memset(out, 0, n = 30);
    for (u32 v = i + 1; v; v /= 7) out[n++] = (u8)(v % 7);
  }
  return n;
}

/* Numbers that want the same slot among 1024, small ones, and the edges. */
static void hashNumbers(u64 *out) {
  u64 v = 0;
  for (u32 i = 0; i < HASH_KEYS; i++) {
    if (i < HASH_KEYS / 2) {
      while ((snHashInt(++v << 20) & 1023) != 7) {}
      out[i] = v << 20;
    } else {
      out[i] = i % 2 ? i : ~(u64)i;
    }
  }
  out[17] = 0;
  out[18] = ~0ull;
}

/* Adds and finds keys at random; the model is the number of each key. */
static void hashTestSets(bool texts) {
  static u64 numbers[HASH_KEYS];
  static u32 seen[HASH_KEYS], order[HASH_KEYS];
  Budget budget = {0};
  StrSet s;
  IntSet t;
  u8 text[300];
  bool good = true, kept = true;
  u32 n = 0, got, len;
  hashNumbers(numbers);
  snStrSetInit(&s, &budget);
  snIntSetInit(&t, &budget);
  for (u32 round = 0; round < 2; round++) {
    n = 0;
    memset(seen, 255, sizeof seen);
    for (u32 k = 0; k < 100000; k++) { /* from a few keys to all of them */
      u32 i = hashBelow(SN_MIN(10 + k / 8, HASH_KEYS));
      bool add = hashBelow(2);
      if (add && seen[i] == ~0u) order[seen[i] = n++] = i;
      if (texts) {
        len = hashText(i, text);
        got = add ? snStrSetAdd(&s, text, len) : snStrSetFind(&s, text, len);
        memset(text, 0xee, sizeof text); /* the set has its own copy */
      } else {
        got = add ? snIntSetAdd(&t, numbers[i])
                  : snIntSetFind(&t, numbers[i]);
      }
      good = good && got == seen[i] && n == (texts ? s.n : t.n);
    }
    for (u32 i = 0; i < n; i++) {
      if (texts) {
        len = hashText(order[i], text);
        kept = kept && s.refs[i].n == len && !memcmp(s.refs[i].p, text, len);
      } else {
        kept = kept && t.keys[i] == numbers[order[i]];
      }
    }
    kept = kept && n > HASH_KEYS - 100 && budget.used > 0 && !s.rc && !t.rc;
    snStrSetClear(&s);
    snIntSetClear(&t);
    kept = kept && budget.used == 0;
  }
  hashOk(good, texts ? "sets: texts" : "sets: numbers");
  hashOk(kept, "sets: keys by number, and again after a clear");
}

/* Texts whose hashes share all the bits that a set keeps are still two. */
static void hashTestTwins(void) {
  static KeyIdx keys[200000], tmp[200000];
  u32 n = SN_COUNT(keys), pairs = 0;
  bool good = true;
  StrSet s;
  for (u32 i = 0; i < n; i++) {
    keys[i] = (KeyIdx){(u32)snHash(&i, sizeof i, 0), i};
  }
  snSortKeys(keys, n, tmp);
  snStrSetInit(&s, NULL);
  for (u32 i = 1; i < n; i++) {
    if (keys[i].key != keys[i - 1].key) continue;
    good = good && snStrSetAdd(&s, &keys[i - 1].idx, 4) == pairs * 2;
    good = good && snStrSetFind(&s, &keys[i].idx, 4) == ~0u;
    good = good && snStrSetAdd(&s, &keys[i].idx, 4) == pairs * 2 + 1;
    good = good && snStrSetFind(&s, &keys[i - 1].idx, 4) == pairs * 2;
    pairs++;
  }
  snStrSetClear(&s);
  hashOk(good && pairs > 0, "sets: texts of the same hash");
}

/* ---- 3. faults ---------------------------------------------------------- */

#ifdef SEINE_TEST
/* Adds 0 .. 399 as texts or numbers; tells how many went in. */
static u32 hashFill(bool texts, StrSet *s, IntSet *t) {
  u8 text[300];
  for (u32 i = 0; i < 400; i++) {
    if (texts) snStrSetAdd(s, text, hashText(i * 3 + 1, text));
    else snIntSetAdd(t, i * 77);
  }
  return texts ? s->n : t->n;
}

static u32 hashLook(bool texts, const StrSet *s, const IntSet *t, u32 i) {
  u8 text[300];
  if (!texts) return snIntSetFind(t, i * 77);
  return snStrSetFind(s, text, hashText(i * 3 + 1, text));
}

static void hashTestFaults(void) {
  bool kept = true, stays = true;
  for (u32 k = 0; k < 4; k++) {
    bool texts = k & 1, over = false;
    for (i64 fail = 1; !over; fail++) {
      Budget budget = {0};
      StrSet s;
      IntSet t;
      u32 n;
      int rc;
      snStrSetInit(&s, &budget);
      snIntSetInit(&t, &budget);
      snFaultMem(fail, k & 2);
      n = hashFill(texts, &s, &t);
      snFaultMem(0, false);
      rc = texts ? s.rc : t.rc;
      over = n == 400;
      stays = stays && rc == (over ? 0 : SEINE_NOMEM) && (over || fail < 60);
      for (u32 i = 0; i < 400; i++) {
        kept = kept && hashLook(texts, &s, &t, i) == (i < n ? i : ~0u);
      }
      if (!over) { /* now there is memory, and still nothing is taken */
        stays = stays && hashFill(texts, &s, &t) == n;
        stays = stays && (texts ? snStrSetAdd(&s, "x", 1)
                                : snIntSetAdd(&t, 5)) == 0;
      }
      snStrSetClear(&s);
      snIntSetClear(&t);
      stays = stays && !s.rc && !t.rc && budget.used == 0;
      stays = stays && hashFill(texts, &s, &t) == 400;
      snStrSetClear(&s);
      snIntSetClear(&t);
    }
  }
  hashOk(kept, "faults: what was there is found");
  hashOk(stays, "faults: the error stays until all is cleared");
}
#else
static void hashTestFaults(void) {}
#endif

/* ---- 4. budgets --------------------------------------------------------- */

typedef struct HashBlock {
  u8 *p;
  size_t n;
  u32 owner, mark;
} HashBlock;

static bool hashMarked(const u8 *p, size_t n, u32 mark) {
  for (size_t i = 0; i < n; i++) {
    if (p[i] != (u8)(mark + i * 7)) return false;
  }
  return true;
}

static void hashMark(u8 *p, size_t n, u32 mark) {
  for (size_t i = 0; i < n; i++) p[i] = (u8)(mark + i * 7);
}

/* Parents: 0 is the top, 1 and 2 below it, 3 below 1, 4 below 3, 5 alone. */
static void hashTestBudgets(void) {
  static const u32 up[] = {6, 0, 0, 1, 3, 6};
  Budget b[6];
  HashBlock blocks[60] = {{0}};
  i64 used[7] = {0}, peak[7] = {0}, head;
  u32 refused = 0, taken = 0;
  bool good = true, bytes = true, zeros = true;
  void *probe;
  memset(b, 0, sizeof b);
  probe = snMemAlloc(&b[5], 0);
  head = b[5].used; /* what a block costs besides its bytes */
  snMemFree(probe);
  peak[5] = b[5].peak;
  b[0].limit = 60000;
  b[1].limit = 30000;
  b[4].limit = 9000;
  b[5].limit = 500;
  for (u32 i = 0; i < 6; i++) b[i].parent = up[i] < 6 ? &b[up[i]] : NULL;
  for (u32 k = 0; k < 60000; k++) {
    HashBlock *c = &blocks[hashBelow(60)];
    size_t n = hashBelow(hashBelow(4) ? 900 : 6000);
    i64 more = (i64)n + head - (c->p ? (i64)c->n + head : 0);
    bool fits = true, free_it = c->p && hashBelow(3) == 0;
    u8 *p;
    if (k % 500 == 0) b[k / 500 % 2].limit = 20000 + hashBelow(60000);
    if (c->p) bytes = bytes && hashMarked(c->p, c->n, c->mark);
    else c->owner = hashBelow(6);
    if (free_it) {
      snMemFree(c->p);
      more = -(i64)c->n - head;
      c->p = NULL;
    } else {
      for (u32 o = c->owner; o < 6; o = up[o]) {
        fits = fits && (more <= 0 || !b[o].limit ||
            used[o] + more <= b[o].limit);
      }
      p = c->p ? snMemRealloc(&b[(c->owner + 1) % 6], c->p, n)
          : k & 1 ? snMemZero(&b[c->owner], n)
          : k & 2 ? snMemRealloc(&b[c->owner], NULL, n)
                  : snMemAlloc(&b[c->owner], n);
      good = good && fits == (p != NULL);
      refused += !fits;
      taken += fits;
      if (p && c->p) bytes = bytes && hashMarked(p, SN_MIN(n, c->n), c->mark);
      for (size_t i = 0; p && !c->p && (k & 1) && i < n; i++) {
        zeros = zeros && !p[i];
      }
      if (p) {
        *c = (HashBlock){p, n, c->owner, k};
        hashMark(p, n, k);
      }
    }
    for (u32 o = c->owner; fits && o < 6; o = up[o]) {
      used[o] += more;
      peak[o] = SN_MAX(peak[o], used[o]);
    }
    for (u32 i = 0; i < 6; i++) {
      good = good && b[i].used == used[i] && b[i].peak == peak[i];
    }
  }
  for (u32 i = 0; i < 60; i++) snMemFree(blocks[i].p);
  for (u32 i = 0; i < 6; i++) good = good && b[i].used == 0;
  hashOk(good && refused > 2000 && taken > 2000, "budgets: as their sums");
  hashOk(bytes && zeros, "budgets: bytes stay, zeros are zeros");
}

/* ---- 5. arenas ---------------------------------------------------------- */

static void hashTestArena(void) {
  static HashBlock pieces[4000];
  Budget b = {0};
  Arena a;
  bool kept = true, fits = true, few = true;
  snArenaInit(&a, &b);
  for (u32 round = 0; round < 12; round++) {
    u32 n = 0, refused = 0;
    size_t sum = 0;
    b.limit = b.used + 20000 * (round + 1);
    for (u32 k = 0; k < 4000; k++) {
      size_t size = hashBelow(hashBelow(9) ? 60 : 3000);
      u32 how = hashBelow(4);
      u8 *p = how == 0 ? snArenaAlloc(&a, size)
          : how == 1   ? snArenaZero(&a, size)
          : how == 2   ? snArenaBytes(&a, size)
                       : (u8 *)snArenaDup(&a, "", 0);
      if (how == 3) size = 1;
      refused += !p;
      if (!p) continue;
      for (size_t i = 0; (how & 1) && i < size; i++) fits = fits && !p[i];
      if (how < 2) fits = fits && (uintptr_t)p % 16 == 0;
      hashMark(p, size, k);
      pieces[n++] = (HashBlock){p, size, 0, k};
      sum += size;
      fits = fits && a.used >= sum && a.used <= sum + n * 15u;
      fits = fits && b.used >= (i64)a.used && b.used <= b.limit;
    }
    for (u32 i = 0; i < n; i++) {
      kept = kept && hashMarked(pieces[i].p, pieces[i].n, pieces[i].mark);
    }
    few = few && refused && n > 40 * (round + 1);
    snArenaClear(&a);
    few = few && b.used == 0;
  }
  hashOk(kept, "arena: pieces stay when others are refused");
  hashOk(fits, "arena: aligned, zero, and counted");
  hashOk(few, "arena: refused, and cleared");
#if defined(SEINE_TEST) && !defined(SEINE_STRESS_ARENA)
  b.limit = 0;
  snFaultMem(0, false);
  for (u32 k = 0; k < 1000000; k++) {
    if (!snArenaAlloc(&a, 16 + k % 17)) exit(2);
  }
  hashOk(snFaultMemCount() < 100, "arena: 28 MB in less than 100 blocks");
  hashOk(b.used < (i64)(a.used + a.used / 4), "arena: little is wasted");
  snArenaClear(&a);
#endif
}

/* ---- 6. buffers --------------------------------------------------------- */

/* The bytes that a buffer should hold. */
typedef struct HashModel {
  u8 data[200000];
  size_t n;
} HashModel;

static void hashPut(HashModel *m, const void *p, size_t n) {
  if (n) memcpy(m->data + m->n, p, n);
  m->n += n;
}

static void hashPutWord(HashModel *m, u64 v, u32 bytes) {
  for (; bytes; bytes--, v >>= 8) m->data[m->n++] = (u8)v; /* low bytes first */
}

static void hashPutQuoted(HashModel *m, const char *s, size_t n, char quote) {
  m->data[m->n++] = (u8)quote;
  for (size_t i = 0; i < n; i++) {
    if (s[i] == quote) m->data[m->n++] = (u8)quote;
    m->data[m->n++] = (u8)s[i];
  }
  m->data[m->n++] = (u8)quote;
}

/* One append to both. */
static void hashAppend(Buf *b, HashModel *m) {
  char text[700];
  u64 v = hashRoll() >> hashBelow(64);
  u32 n = hashBelow(hashBelow(5) ? 30 : 600), to;
  u8 *p;
  for (u32 i = 0; i < n; i++) text[i] = "abc'\"%\\d"[hashBelow(8)];
  text[n] = 0;
  switch (hashBelow(13)) {
    case 0: snBufAdd(b, text, n); hashPut(m, text, n); break;
    case 1: snBufStr(b, text); hashPut(m, text, n); break;
    case 2: snBufByte(b, (u8)v); hashPutWord(m, v, 1); break;
    case 3: snBufU16(b, (u16)v); hashPutWord(m, v, 2); break;
    case 4: snBufU32(b, (u32)v); hashPutWord(m, v, 4); break;
    case 5: snBufU64(b, v); hashPutWord(m, v, 8); break;
    case 6:
      snBufVarint(b, v);
      for (; v > 127; v /= 128) hashPutWord(m, v % 128 + 128, 1);
      hashPutWord(m, v, 1);
      break;
    case 7:
      snBufZero(b, n);
      memset(text, 0, n);
      hashPut(m, text, n);
      break;
    case 8:
      to = 1 + hashBelow(64);
      snBufAlign(b, to);
      while (m->n % to) hashPutWord(m, 0, 1);
      break;
    case 9:
      p = snBufSpace(b, n);
      if (p) memcpy(p, text, n);
      hashPut(m, text, n);
      break;
    case 10:
      snBufPrintf(b, "%s%%%u", text, n);
      hashPut(m, text, n);
      hashPut(m, text, (size_t)snprintf(text, 12, "%%%u", n));
      break;
    case 11: snBufSqlText(b, text, n); hashPutQuoted(m, text, n, '\''); break;
    default: snBufSqlName(b, text, n); hashPutQuoted(m, text, n, '"');
  }
}

static void hashTestBuf(void) {
  static HashModel m;
  Budget budget = {0};
  bool good = true, begin = true;
  u32 failed = 0;
  Buf b;
  snBufInit(&b, &budget);
  for (u32 k = 0; k < 1500; k++) {
    u32 steps = hashBelow(300);
    m.n = 0;
    budget.limit = k % 3 == 1 ? 100 + hashBelow(20000) : 0;
#ifdef SEINE_TEST
    if (k % 3 == 2) snFaultMem(1 + hashBelow(12), k & 4);
#endif
    for (u32 i = 0; i < steps; i++) {
      size_t before = b.n;
      bool bad = b.rc;
      hashAppend(&b, &m);
      begin = begin && (!bad || (b.rc && b.n == before));
      if (!b.rc) good = good && b.n == m.n && (!b.data || b.n < b.cap);
      else if (b.n % 64) break; /* else see that nothing is added */
    }
#ifdef SEINE_TEST
    snFaultMem(0, false);
#endif
    budget.limit = 0;
    if (!b.rc) {
      const char *text = snBufText(&b);
      good = good && b.n == m.n && !memcmp(text, m.data, m.n) && !text[b.n];
      good = good && budget.used >= (i64)b.cap;
    } else {
      failed++;
      begin = begin && b.rc == SEINE_NOMEM && b.n <= m.n;
      begin = begin && (!b.n || !memcmp(b.data, m.data, b.n));
      begin = begin && !*snBufText(&b) && !snBufSpace(&b, 1);
    }
    snBufClear(&b);
    good = good && !budget.used && !b.rc && !b.n;
  }
  hashOk(good, "buffers: any sequence of appends");
  hashOk(begin && failed > 100, "buffers: after a failure, the begin of it");
}

/* ---- 7. sorting --------------------------------------------------------- */

typedef struct HashSort {
  const u32 *values;
  u64 asked;
  u32 n;
  bool outside;
} HashSort;

static int hashCompare(void *arg, u32 a, u32 b) {
  HashSort *s = arg;
  s->asked++;
  if (a >= s->n || b >= s->n) {
    s->outside = true;
    return 0;
  }
  return (s->values[a] > s->values[b]) - (s->values[a] < s->values[b]);
}

static void hashTestSort(void) {
  static u32 values[5000], idx[5000], tmp[5000];
  bool good = true, few = true;
  for (u32 k = 0; k < 700; k++) {
    u32 n = k < 70 ? k : hashBelow(5000), teeth = 1 + hashBelow(70);
    HashSort s = {values, 0, n, false};
    for (u32 i = 0; i < n; i++) {
      values[i] = k % 4 == 0 ? n - i                     /* downwards */
          : k % 4 == 1       ? i % teeth                 /* teeth */
          : k % 4 == 2       ? SN_MIN(i, n - i) / 3      /* up and down */
                             : hashBelow(1u << teeth % 32);
      idx[i] = i;
    }
    snSortIndex(idx, n, tmp, hashCompare, &s);
    for (u32 i = 1; i < n; i++) {
      u32 a = idx[i - 1], b = idx[i];
      good = good && a < n && b < n && (values[a] < values[b] ||
          (values[a] == values[b] && a < b));
    }
    good = good && !s.outside;
    if (n > 1) few = few && (double)s.asked <= n * (log2(n) + 1);
  }
  hashOk(good, "sorting: in order, equal ones as they were");
  hashOk(few, "sorting: few comparisons");
}

/* Keys that were pushed have their numbers once one is added. */
static void hashTestPush(void) {
  Budget budget = {0};
  IntSet t;
  bool good = true;
  snIntSetInit(&t, &budget);
  for (u32 i = 0; i < 1000; i++)
    good = good && snIntSetAdd(&t, i * 3ull) == i;
  for (u32 i = 1000; i < 5000; i++)
    good = good && snIntSetPush(&t, i * 3ull) == i;
  good = good && snIntSetFind(&t, 6) == ~0u;
  for (u32 i = 0; i < 5000; i++)
    good = good && snIntSetAdd(&t, i * 3ull) == i;
  good = good && snIntSetAdd(&t, 1) == 5000 && snIntSetFind(&t, 6) == 2;
  snIntSetClear(&t);
  hashOk(good && !budget.used, "sets: numbers that are pushed");
}

int main(void) {
  hashTestHash();
  hashTestSets(true);
  hashTestSets(false);
  hashTestPush();
  hashTestTwins();
  hashTestFaults();
  hashTestBudgets();
  hashTestArena();
  hashTestBuf();
  hashTestSort();
  printf("1..%d\n", hash_no);
  return hash_failed != 0;
}
