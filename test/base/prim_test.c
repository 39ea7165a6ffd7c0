/*
** The primitives of base that have no format of a file of their own: memory,
** arenas, buffers, varints and readers, bitmaps, hash sets, LZ4, sorting.
** Each is compared with something too simple to be wrong.
*/
#include "base/base.h"

static int test_no, test_failed;
static u64 test_seed = 0x0b5e55edc0ffee11ull;

static void check(bool good, const char *what) {
  printf("%sok %d - %s\n", good ? "" : "not ", ++test_no, what);
  if (!good) test_failed++;
}

static u64 roll(void) {
  test_seed ^= test_seed << 13;
  test_seed ^= test_seed >> 7;
  test_seed ^= test_seed << 17;
  return test_seed * 0x9e3779b97f4a7c15ull;
}

static u32 below(u32 n) {
  return (u32)((roll() >> 32) % n);
}

static void *exact(size_t n) {
  void *p = malloc(n ? n : 1);
  if (!p) exit(2);
  return p;
}

/* ---- memory ------------------------------------------------------------- */

static void testMem(void) {
  Budget top = {.parent = NULL, .limit = 10000}, low = {.parent = &top, .limit = 0};
  char *p = snMemAlloc(&low, 100), *q;
  u8 *z;
  i64 used = low.used;
  u32 i;
  bool good = true;
  check(p && ((uintptr_t)p & 15) == 0, "mem: aligned to 16");
  check(used >= 100 && top.used == used, "mem: counts in the parent");
  memset(p, 7, 100);
  p = snMemRealloc(NULL, p, 5000);
  check(p && p[0] == 7 && p[99] == 7 && low.used == used + 4900,
      "mem: realloc keeps bytes and budget");
  check(!snMemRealloc(NULL, p, 20000) && low.used == used + 4900,
      "mem: over the parent's limit changes nothing");
  check(!snMemAlloc(&low, 6000), "mem: alloc over the limit");
  p = snMemRealloc(NULL, p, 10);
  check(p && low.used == used - 90 && low.peak == used + 4900,
      "mem: shrinks, peak stays");
  z = snMemZero(&low, 300);
  for (i = 0; i < 300; i++) good = good && z[i] == 0;
  check(good, "mem: zeros");
  q = snMemDup(&low, "abcdef", 3);
  check(q && !strcmp(q, "abc"), "mem: dup");
  snMemFree(p);
  snMemFree(q);
  snMemFree(z);
  snMemFree(NULL);
  check(low.used == 0 && top.used == 0, "mem: all given back");
  check(!snMemAlloc(NULL, SIZE_MAX) && !snMemAlloc(NULL, PTRDIFF_MAX) &&
      !snMemZero(&low, SIZE_MAX - 8) && !snMemDup(NULL, "", SIZE_MAX),
      "mem: sizes beyond PTRDIFF_MAX");
}

static void testGrow(void) {
  Budget b = {0};
  u32 *a = NULL, cap = 0, i;
  bool good = true;
  for (i = 0; i < 5000; i++) {
    if (snMemGrow(&b, &a, &cap, i + 1, sizeof *a)) good = false;
    else a[i] = i;
  }
  for (i = 0; i < 5000; i++) good = good && a[i] == i;
  check(good && cap == 8192, "grow: doubles");
  check(snMemGrow(&b, &a, &cap, 1ull << 32, 4) == SEINE_NOMEM && cap == 8192,
      "grow: more than 32 bits");
  check(snMemGrow(&b, &a, &cap, UINT32_MAX, SIZE_MAX / 4) == SEINE_NOMEM &&
      cap == 8192 && a[4999] == 4999, "grow: bytes overflow");
  snMemFree(a);
  check(b.used == 0, "grow: freed");
}

/* From the second time on nothing is asked for, up to the most. */
static void arenaAgain(Arena *a, Budget *b) {
  static const u32 most[] = {1 << 16, 100};
  for (u32 k = 0; k < 2; k++) {
    i64 held = 0;
    bool same = true;
    for (u32 round = 0; round < 4; round++) {
      for (u32 i = 0; i < 50; i++) (void)snArenaZero(a, 1000);
      if (round == 1) held = b->used;
      same = same && (round < 2 || b->used == held) && a->used >= 50000;
      snArenaReset(a, most[k]);
      check(a->used == 0 && b->used <= (k ? 0 : held + (1 << 16)),
          "arena: reset keeps no more than it may");
    }
    check(same, "arena: the next use takes as much");
    snArenaClear(a);
  }
}

static void testArena(void) {
  Budget b = {0};
  Arena a;
  u8 *p[2000];
  u32 n[2000], i, k, round;
  bool good = true, aligned = true;
  snArenaInit(&a, &b);
  for (round = 0; round < 3; round++) {
    for (i = 0; i < 2000; i++) {
      n[i] = below(below(50) ? 100 : 20000);
      p[i] = i % 3 ? snArenaAlloc(&a, n[i]) : snArenaBytes(&a, n[i]);
      if (!p[i]) exit(2);
      if (i % 3 && (uintptr_t)p[i] % 16) aligned = false;
      memset(p[i], (int)(i & 255), n[i]);
    }
    for (i = 0; i < 2000; i++) {
      for (k = 0; k < n[i]; k++) good = good && p[i][k] == (i & 255);
    }
    check(good && aligned && a.used > 0 && b.used >= (i64)a.used,
        "arena: pieces do not overlap");
    snArenaClear(&a);
    check(b.used == 0 && a.used == 0, "arena: clear frees all");
  }
  arenaAgain(&a, &b);
  check(!strcmp(snArenaDup(&a, "hello", 4), "hell"), "arena: dup");
  check(!snArenaAlloc(&a, SIZE_MAX) && !snArenaBytes(&a, SIZE_MAX - 20) &&
      !snArenaDup(&a, "", SIZE_MAX), "arena: absurd sizes");
  b.limit = b.used + 5000;
  check(!snArenaZero(&a, 100000) && snArenaAlloc(&a, 100), "arena: limit");
  snArenaClear(&a);
}

/* ---- buffers ------------------------------------------------------------ */

static bool bufIs(Buf *b, const char *text) {
  bool good = !strcmp(snBufText(b), text) && b->n == strlen(text);
  b->n = 0;
  return good;
}

static void testBufText(void) {
  Buf b;
  char big[3000];
  snBufInit(&b, NULL);
  check(bufIs(&b, ""), "buf: empty text");
  snBufAdd(&b, NULL, 0);
  snBufStr(&b, "ab");
  snBufByte(&b, 'c');
  check(bufIs(&b, "abc"), "buf: adds");
  snBufPrintf(&b, "%d|%s|%5.2f", -7, "x", 2.5);
  check(bufIs(&b, "-7|x| 2.50"), "buf: printf");
  memset(big, 'y', sizeof big - 1);
  big[sizeof big - 1] = 0;
  snBufPrintf(&b, "%s", big);
  check(bufIs(&b, big), "buf: long printf");
  snBufSqlText(&b, "it's ''", 7);
  check(bufIs(&b, "'it''s '''''"), "buf: sql text");
  snBufSqlName(&b, "a \"n\"", 5);
  check(bufIs(&b, "\"a \"\"n\"\"\""), "buf: sql name");
  snBufSqlText(&b, NULL, 0);
  check(bufIs(&b, "''"), "buf: nothing quoted");
  snBufJson(&b, "a\"\\\n\x01\x1f\tz/\x7f", 10);
  check(bufIs(&b, "\"a\\\"\\\\\\n\\u0001\\u001f\\tz/\x7f\""), "buf: json");
  snBufJson(&b, "h\xc3\xa9\xff\xe2\x82", 6);
  check(bufIs(&b, "\"h\xc3\xa9\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""),
      "buf: json of bad UTF-8");
  snBufJson(&b, NULL, 0);
  check(bufIs(&b, "\"\""), "buf: empty json");
  snBufClear(&b);
}

static void testBufBytes(void) {
  Budget budget = {0};
  Buf b;
  u8 *p;
  snBufInit(&b, &budget);
  snBufU16(&b, 0x1234);
  snBufU32(&b, 0xdeadbeef);
  snBufU64(&b, 0x0123456789abcdefull);
  snBufVarint(&b, 300);
  check(b.n == 16 && snGet16(b.data) == 0x1234 &&
      snGet32(b.data + 2) == 0xdeadbeef &&
      snGet64(b.data + 6) == 0x0123456789abcdefull && b.data[14] == 0xac &&
      b.data[15] == 2, "buf: integers");
  snBufAlign(&b, 16);
  check(b.n == 16, "buf: aligned already");
  snBufByte(&b, 1);
  snBufAlign(&b, 4096);
  check(b.n == 4096 && b.data[17] == 0 && b.data[4095] == 0, "buf: aligned");
  p = snBufSpace(&b, 10);
  check(p == b.data + 4096 && b.n == 4106, "buf: space");
  check(!snBufSpace(&b, SIZE_MAX) && b.rc == SEINE_NOMEM, "buf: absurd");
  snBufStr(&b, "more");
  check(b.n == 4106 && !strcmp(snBufText(&b), ""), "buf: sticky");
  snBufClear(&b);
  check(budget.used == 0 && b.rc == 0, "buf: clear");
}

/* ---- varints and readers ------------------------------------------------ */

static bool varintOne(u64 v) {
  u8 bytes[10], *copy;
  u32 n = snVarintPut(bytes, v), cut;
  bool good = n == (63u - (u32)__builtin_clzll(v | 1)) / 7 + 1;
  for (cut = 0; cut <= n; cut++) {
    Rd r;
    u64 got;
    copy = exact(cut);
    memcpy(copy, bytes, cut);
    r = (Rd){copy, copy + cut, false};
    got = snRdVarint(&r);
    if (cut == n) good = good && got == v && !r.bad;
    else good = good && got == 0 && r.bad;
    good = good && r.p == r.end;
    r = (Rd){copy, copy + cut, false};
    got = snRdU32v(&r);
    if (cut == n && v <= UINT32_MAX) good = good && got == v && !r.bad;
    else good = good && got == 0 && r.bad;
    free(copy);
  }
  return good;
}

static void testVarint(void) {
  u32 k;
  bool good = true;
  for (k = 0; k < 64; k++) {
    u64 v = 1ull << k;
    good = good && varintOne(v) && varintOne(v - 1) && varintOne(v + 1) &&
        varintOne(~v) && varintOne(0 - v);
  }
  for (k = 0; k < 3000; k++) {
    good = good && varintOne(roll() >> below(64));
  }
  check(good, "varint: limits of all lengths, whole and cut");
  good = snZag(snZig(INT64_MIN)) == INT64_MIN &&
      snZag(snZig(INT64_MAX)) == INT64_MAX && snZig(-1) == 1 && snZig(1) == 2;
  for (k = 0; k < 1000; k++) {
    i64 v = (i64)roll();
    good = good && snZag(snZig(v)) == v;
  }
  check(good, "varint: zigzag");
}

static void testReader(void) {
  static const u8 over[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
      0xff, 0x02};
  static const u8 endless[] = {0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80,
      0x80, 0x80, 0x80, 0x00};
  u8 data[15] = {1, 2, 0, 3, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0};
  Rd r = {over, over + sizeof over, false};
  check(snRdVarint(&r) == 0 && r.bad, "reader: varint of 65 bits");
  r = (Rd){endless, endless + sizeof endless, false};
  check(snRdVarint(&r) == 0 && r.bad, "reader: varint of 11 bytes");
  r = (Rd){data, data + sizeof data, false};
  check(snRdByte(&r) == 1 && snRd16(&r) == 2 && snRd32(&r) == 3 &&
      snRd64(&r) == 4 && !r.bad && r.p == r.end, "reader: fixed widths");
  check(snRdBytes(&r, 0) && !r.bad, "reader: nothing at the end");
  check(snRd16(&r) == 0 && r.bad && !snRdBytes(&r, 0), "reader: behind");
  r = (Rd){data, data + sizeof data, false};
  check(!snRdBytes(&r, UINT64_MAX) && r.bad && r.p == r.end,
      "reader: absurd length");
  r = (Rd){NULL, NULL, false};
  check(snRdBytes(&r, 0) && !r.bad && snRdVarint(&r) == 0 && r.bad,
      "reader: of nothing");
}

static void testReaderHostile(void) {
  u32 k, i;
  bool good = true;
  for (k = 0; k < 50000; k++) {
    u32 n = below(40);
    u8 *p = exact(n);
    Rd r = {p, p + n, false};
    for (i = 0; i < n; i++) p[i] = (u8)(below(3) ? roll() >> 50 : 0xff);
    for (i = 0; i < 30; i++) {
      const u8 *before = r.p;
      bool was_bad = r.bad;
      u64 v = 0;
      switch (below(7)) {
        case 0: v = snRdVarint(&r); break;
        case 1: v = snRdU32v(&r); break;
        case 2: v = snRdByte(&r); break;
        case 3: v = snRd16(&r); break;
        case 4: v = snRd32(&r); break;
        case 5: v = snRd64(&r); break;
        default: v = snRdBytes(&r, roll() >> below(64)) != NULL; break;
      }
      if (r.p < before || r.p > r.end || (was_bad && !r.bad)) good = false;
      if (r.bad && (v || r.p != r.end)) good = false;
    }
    free(p);
  }
  check(good, "reader: random bytes, random reads");
}

/* ---- bitmaps ------------------------------------------------------------ */

static void testBits(void) {
  u64 b[SN_WORDS + 1], want[SN_WORDS + 1];
  u16 *list;
  u32 k, i, n, words;
  bool count = true, listed = true, first = true, range = true;
  for (k = 0; k < 3000; k++) {
    u32 dense = below(70), from, to;
    words = 1 + below(SN_WORDS);
    for (i = 0; i <= words; i++) b[i] = 0x5555;
    for (i = 0; i < words; i++) {
      b[i] = below(4) ? 0 : roll();
      if (dense < 5) b[i] = ~0ull;
    }
    for (i = n = 0; i < words * 64; i++) n += snBit(b, i);
    if (snBitsCount(b, words) != n || snBitsEmpty(b, words) != !n) {
      count = false;
    }
    list = exact(n * sizeof *list);
    if (snBitsList(b, words, list) != n) listed = false;
    for (i = n = 0; i < words * 64; i++) {
      if (snBit(b, i) && list[n++] != i) listed = false;
    }
    free(list);
    from = below(words * 64 + 1);
    to = below(words * 64 + 1);
    memcpy(want, b, sizeof b);
    for (i = from; i < to; i++) snBitSet(want, i);
    snBitsRange(b, from, to);
    if (memcmp(b, want, (words + 1) * 8)) range = false;
    snBitsFirst(b, words, to);
    for (i = 0; i < words * 64; i++) first = first && snBit(b, i) == (i < to);
    if (b[words] != 0x5555) first = false;
  }
  check(count, "bits: count and empty");
  check(listed, "bits: list");
  check(range, "bits: range");
  check(first, "bits: first n");
  snBitSet(b, 77);
  snBitClear(b, 77);
  check(!snBit(b, 77), "bits: set and clear");
}

/* ---- hash sets ---------------------------------------------------------- */

static u32 makeKey(char *key, u32 space) {
  u32 v = below(space), n = v % 13, i;
  for (i = 0; i < n; i++) key[i] = (char)(v >> (i % 4 * 8));
  return n;
}

static void testStrSet(void) {
  Budget budget = {0};
  StrSet s;
  char (*keys)[16] = exact(3000 * sizeof *keys), key[16];
  u32 lens[3000], n = 0, k, i, got;
  bool good = true;
  snStrSetInit(&s, &budget);
  check(snStrSetFind(&s, "x", 1) == ~0u, "strset: find in nothing");
  for (k = 0; k < 20000; k++) {
    u32 len = makeKey(key, 2500);
    for (i = 0; i < n; i++) {
      if (lens[i] == len && !memcmp(keys[i], key, len)) break;
    }
    if (snStrSetFind(&s, key, len) != (i < n ? i : ~0u)) good = false;
    if (below(3) == 0) continue;
    if (snStrSetAdd(&s, key, len) != i) good = false;
    if (i < n) continue;
    memcpy(keys[n], key, len);
    lens[n++] = len;
  }
  for (i = 0; i < n; i++) {
    got = snStrSetFind(&s, keys[i], lens[i]);
    if (got != i || s.refs[i].n != lens[i]) good = false;
    if (memcmp(s.refs[i].p, keys[i], lens[i])) good = false;
  }
  check(good && s.n == n && !s.rc && n > 1000, "strset: as a naive list");
  check((u64)s.n * 3 <= ((u64)s.mask + 1) * 2, "strset: load");
  snStrSetClear(&s);
  check(budget.used == 0 && s.n == 0, "strset: clear");
  check(snStrSetAdd(&s, NULL, 0) == 0 && snStrSetAdd(&s, "", 0) == 0 &&
      snStrSetAdd(&s, "\0", 1) == 1, "strset: empty string");
  snStrSetClear(&s);
  free(keys);
}

static void testStrSetLarge(void) {
  StrSet s;
  char key[32];
  u32 i, k;
  bool good = true;
  snStrSetInit(&s, NULL);
  for (k = 0; k < 2; k++) {
    for (i = 0; i < 200000; i++) {
      u32 n = (u32)snprintf(key, sizeof key, "term-%u", (unsigned)i);
      if (snStrSetAdd(&s, key, n) != i) good = false;
    }
  }
  check(good && s.n == 200000, "strset: 200,000 terms twice");
  snStrSetClear(&s);
}

static void testIntSet(void) {
  Budget budget = {0};
  IntSet s;
  u64 keys[3000], key;
  u32 n = 0, k, i;
  bool good = true;
  snIntSetInit(&s, &budget);
  check(snIntSetFind(&s, 0) == ~0u, "intset: find in nothing");
  for (k = 0; k < 20000; k++) {
    key = below(2) ? below(1500) : (u64)below(1000) << 40;
    for (i = 0; i < n && keys[i] != key; i++) {}
    if (snIntSetFind(&s, key) != (i < n ? i : ~0u)) good = false;
    if (below(3) == 0) continue;
    if (snIntSetAdd(&s, key) != i) good = false;
    if (i == n) keys[n++] = key;
  }
  for (i = 0; i < n; i++) good = good && s.keys[i] == keys[i];
  check(good && s.n == n && !s.rc, "intset: as a naive list");
  snIntSetClear(&s);
  check(budget.used == 0, "intset: clear");
}

static void testSetMemory(void) {
  Budget budget = {.parent = NULL, .limit = 20000};
  StrSet s;
  IntSet t;
  char key[32];
  u32 i, n;
  snStrSetInit(&s, &budget);
  for (i = 0; i < 5000; i++) {
    n = (u32)snprintf(key, sizeof key, "%u", (unsigned)i);
    if (snStrSetAdd(&s, key, n) != (s.rc ? 0 : i)) break;
  }
  n = (u32)snprintf(key, sizeof key, "%u", (unsigned)(s.n - 1));
  check(i == 5000 && s.rc == SEINE_NOMEM && s.n > 100 &&
      snStrSetFind(&s, key, n) == s.n - 1, "strset: limit is sticky");
  snStrSetClear(&s);
  snIntSetInit(&t, &budget);
  for (i = 0; i < 5000; i++) snIntSetAdd(&t, i);
  check(t.rc == SEINE_NOMEM && snIntSetFind(&t, t.n - 1) == t.n - 1,
      "intset: limit is sticky");
  snIntSetClear(&t);
  check(budget.used == 0, "sets: all given back");
}

/* ---- LZ4 ---------------------------------------------------------------- */

static bool lzOne(u32 n, u32 kind, Lz *z, const u8 *dict, u32 dict_n) {
  u8 *in = exact(n), *out = exact(n), *packed;
  u32 i, size;
  bool good = true;
  Buf b;
  for (i = 0; i < n; i++) {
    in[i] = (u8)(kind == 0 ? 7 : kind == 1 ? roll() >> 50 : i % 37);
  }
  snBufInit(&b, NULL);
  snBufStr(&b, "head");
  snLzPut(z, &b, in, n);
  size = (u32)b.n - 4;
  packed = exact(size);
  memcpy(packed, b.data + 4, size);
  if (b.rc || memcmp(b.data, "head", 4)) good = false;
  if (snLzGet(packed, size, dict, dict_n, out, n)) good = false;
  if (n && memcmp(in, out, n)) good = false;
  if (n && snLzGet(packed, size, dict, dict_n, out, n - 1) != SEINE_CORRUPT) good = false;
  if (snLzGet(packed, size - 1, dict, dict_n, out, n) != SEINE_CORRUPT) good = false;
  for (i = 0; i < 20; i++) { /* only memory matters here */
    packed[below(size)] = (u8)(roll() >> 50);
    snLzGet(packed, size, dict, dict_n, out, n);
  }
  snBufClear(&b);
  free(in);
  free(out);
  free(packed);
  return good;
}

/* Lines that are like each other: bytes of each alone, added up. */
static u32 lzLines(Lz *z, const u8 *dict, u32 dict_n) {
  u8 line[64], out[64];
  u32 k, sum = 0;
  Buf b;
  snBufInit(&b, NULL);
  for (k = 0; k < 100; k++) {
    u32 n = (u32)snprintf((char *)line, sizeof line,
        "a line of words that come again, number %u", k * 7919);
    b.n = 0;
    snLzPut(z, &b, line, n);
    if (snLzGet(b.data, (u32)b.n, dict, dict_n, out, n)) return 0;
    if (memcmp(line, out, n)) return 0;
    sum += (u32)b.n;
  }
  snBufClear(&b);
  return sum;
}

/* Sizes that no block has: nothing is read or written. */
static void lzLimits(Lz *z, bool tight) {
  static const u32 sizes[][3] = { /* packed, dictionary, raw */
    {0, 0, 0}, {0, 0, 5}, {1u << 31, 0, 5}, {5, 1u << 31, 5},
    {5, 0, 1u << 31}, {~0u, ~0u, ~0u},
  };
  const u8 *none = (const u8 *)"";
  bool good = true;
  u8 out[1];
  Buf b;
  for (u32 i = 0; i < SN_COUNT(sizes); i++)
    if (snLzGet(none, sizes[i][0], none, sizes[i][1], out, sizes[i][2])
        != SEINE_CORRUPT) good = false;
  snBufInit(&b, NULL);
  snLzPut(z, &b, none, 0x7e000001); /* a byte more than LZ4 takes */
  if (b.rc != SEINE_NOMEM || b.n) good = false;
  snLzPut(z, &b, none, 0); /* an error stays */
  if (b.rc != SEINE_NOMEM || b.n) good = false;
  snBufClear(&b);
  Budget small = {.parent = NULL, .limit = 1000};
  static const u8 zeros[2000];
  snBufInit(&b, &small);
  snLzPut(z, &b, zeros, sizeof zeros); /* no room for what it may come to */
  if (b.rc != SEINE_NOMEM || b.n) good = false;
  snBufClear(&b);
  check(good, tight ? "lz, tight: limits" : "lz: limits");
}

static void testLz(void) {
  u8 *dict = exact(LZ_DICT);
  u32 k, tight, n, alone, with;
  for (k = 0; k < LZ_DICT; k++) dict[k] = (u8)(roll() >> 50);
  /* near the end: the fast one forgets what came long before */
  n = (u32)snprintf((char *)dict + 60000, 64,
      "a line of words that come again, number ");
  dict[60000 + n] = 1;
  for (tight = 0; tight < 2; tight++) {
    bool good = true;
    Budget budget = {.parent = NULL, .limit = 0};
    Lz z;
    good = !snLzInit(&z, &budget, tight);
    for (k = 0; good && k < 600; k++)
      good = lzOne(k < 50 ? k : below(30000), k % 3, &z, NULL, 0);
    alone = lzLines(&z, NULL, 0);
    good = good && !snLzDict(&z, &budget, dict, LZ_DICT);
    for (k = 0; good && k < 600; k++)
      good = lzOne(k < 50 ? k : below(30000), k % 3, &z, dict, LZ_DICT);
    with = lzLines(&z, dict, LZ_DICT);
    lzLimits(&z, tight);
    good = good && alone && with && with < alone * 3 / 4;
    snLzFree(&z);
    good = good && !budget.used;
    check(good, tight ? "lz, tight: round trip, wrong sizes, damaged blocks"
                      : "lz: round trip, wrong sizes, damaged blocks");
  }
  free(dict);
}

/* ---- sorting ------------------------------------------------------------ */

typedef struct SortArg {
  const u32 *values;
  u64 asked;
} SortArg;

static int cmpValues(void *arg, u32 a, u32 b) {
  SortArg *s = arg;
  s->asked++;
  return (s->values[a] > s->values[b]) - (s->values[a] < s->values[b]);
}

static const u32 *sort_values;
static int cmpQsort(const void *a, const void *b) {
  u32 i = *(const u32 *)a, k = *(const u32 *)b;
  u32 x = sort_values[i], y = sort_values[k];
  if (x != y) return x < y ? -1 : 1;
  return (i > k) - (i < k);
}

static void testSortIndex(void) {
  u32 k, i;
  bool good = true, few = true;
  for (k = 0; k < 1200; k++) {
    u32 n = k < 70 ? k : below(3000), space = 1 + below(5000);
    u32 *v = exact(n * 4), *a = exact(n * 4), *b = exact(n * 4);
    u32 *tmp = exact(n * 4);
    SortArg arg = {v, 0};
    for (i = 0; i < n; i++) {
      v[i] = k % 5 == 0 ? i : k % 5 == 1 ? n - i : below(space);
      a[i] = b[i] = i;
    }
    snSortIndex(a, n, tmp, cmpValues, &arg);
    if (k % 5 == 0 && arg.asked > n) few = false;
    sort_values = v;
    if (n) qsort(b, n, sizeof *b, cmpQsort);
    if (n && memcmp(a, b, n * 4)) good = false;
    free(v);
    free(a);
    free(b);
    free(tmp);
  }
  check(good, "sort: index as qsort, stable");
  check(few, "sort: order costs one comparison each");
}

static int cmpKeys(const void *a, const void *b) {
  const KeyIdx *x = a, *y = b;
  if (x->key != y->key) return x->key < y->key ? -1 : 1;
  return (x->idx > y->idx) - (x->idx < y->idx);
}

static void testSortKeys(void) {
  u32 k, i;
  bool good = true;
  for (k = 0; k < 1200; k++) {
    u32 n = k < 70 ? k : below(5000), drop = below(64), rise = below(64);
    KeyIdx *a = exact(n * sizeof *a), *b = exact(n * sizeof *b);
    KeyIdx *tmp = exact(n * sizeof *a);
    for (i = 0; i < n; i++) {
      a[i].key = roll() >> drop << rise;
      a[i].idx = i;
      b[i] = a[i];
    }
    snSortKeys(a, n, tmp);
    if (n) qsort(b, n, sizeof *b, cmpKeys);
    for (i = 0; i < n; i++) {
      if (a[i].key != b[i].key || a[i].idx != b[i].idx) good = false;
    }
    free(a);
    free(b);
    free(tmp);
  }
  check(good, "sort: keys as qsort, stable");
  check(snStrCmp("a", 1, "b", 1) < 0 && snStrCmp("ab", 2, "a", 1) > 0 &&
      snStrCmp("\xff", 1, "a", 1) > 0 && snStrCmp(NULL, 0, "", 0) == 0 &&
      snStrCmp(NULL, 0, "a", 1) < 0 && snStrCmp("ab", 2, "ab", 2) == 0,
      "sort: bytes, then length");
}

/* ---- faults ------------------------------------------------------------- */

#ifdef SEINE_TEST
/* Everything that allocates, once; true when it got all it asked for. */
static bool faultBody(Budget *budget) {
  StrSet s;
  IntSet t;
  Buf b;
  u32 i;
  Lz z;
  bool good;
  char key[16];
  snStrSetInit(&s, budget);
  snIntSetInit(&t, budget);
  snBufInit(&b, budget);
  for (i = 0; i < 300; i++) {
    u32 n = (u32)snprintf(key, sizeof key, "%u", (unsigned)i);
    snStrSetAdd(&s, key, n);
    snIntSetAdd(&t, i);
    snBufPrintf(&b, "%u", (unsigned)i);
  }
  good = !snLzInit(&z, budget, true) &&
      !snLzDict(&z, budget, (const u8 *)"aaaaaaaa", 8);
  if (good) snLzPut(&z, &b, (const u8 *)"aaaaaaaaaaaaaaaaaaaaaaaaa", 25);
  snLzFree(&z);
  good = good && !s.rc && !t.rc && !b.rc;
  snStrSetClear(&s);
  snIntSetClear(&t);
  snBufClear(&b);
  return good;
}

static void testFaults(void) {
  Budget budget = {0};
  i64 n, asked;
  int persistent;
  bool good = true;
  snFaultMem(0, false);
  check(faultBody(&budget), "fault: none");
  asked = snFaultMemCount();
  check(asked > 20, "fault: counted");
  for (persistent = 0; persistent < 2; persistent++) {
    for (n = 1; n <= asked; n++) {
      snFaultMem(n, persistent);
      if (faultBody(&budget)) good = false;
      if (budget.used) good = false;
    }
    snFaultMem(n, persistent);
    if (!faultBody(&budget)) good = false;
  }
  snFaultMem(0, false);
  check(good, "fault: each allocation fails, nothing leaks");
  snFaultLog();
  check(SN_CORRUPT == SEINE_CORRUPT && SN_IOERR == SEINE_IOERR,
      "fault: raise returns the code");
  check(strstr(snFaultLog(), "prim_test.c:") && !*snFaultLog(),
      "fault: log tells the first place once");
}
#else
static void testFaults(void) {
  check(SN_CORRUPT == SEINE_CORRUPT && SN_NOMEM == SEINE_NOMEM,
      "fault: raise returns the code");
}
#endif

int main(void) {
  testMem();
  testGrow();
  testArena();
  testBufText();
  testBufBytes();
  testVarint();
  testReader();
  testReaderHostile();
  testBits();
  testStrSet();
  testStrSetLarge();
  testIntSet();
  testSetMemory();
  testLz();
  testSortIndex();
  testSortKeys();
  testFaults();
  printf("1..%d\n", test_no);
  return test_failed != 0;
}
