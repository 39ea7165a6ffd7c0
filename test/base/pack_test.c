/*
** Bit packing: kernels against their scalar twin and against the layout as
** the door describes it, patched blocks, and bytes that lie.
**
** Buffers have exactly the size that the contract allows, so that a memory
** checker sees a byte too many.
*/
#include "base/base.h"

static int test_no, test_failed;
static u64 test_seed = 0x5e1e5e1e5e1e5e1eull;

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

static u32 rollBits(u32 w) {
  return w ? (u32)(roll() >> 32) >> (32 - w) : 0;
}

static u32 rows8(u32 n) {
  return (n + 7) / 8 * 8;
}

/* Plain allocation of exactly n bytes (one at least). */
static void *exact(size_t n) {
  void *p = malloc(n ? n : 1);
  if (!p) exit(2);
  return p;
}

static void testLayout(void) {
  u32 in[256] = {0}, w, i, k;
  u8 out[1024];
  bool good = true;
  for (k = 0; k < 4000; k++) {
    u32 n = 1 + (u32)(roll() % 256), bit, place, byte;
    w = 1 + (u32)(roll() % 32);
    i = (u32)(roll() % n);
    bit = (u32)(roll() % w);
    in[i] = 1u << bit;
    memset(out, 0, sizeof out);
    snPack(in, n, w, out);
    in[i] = 0;
    place = i / 8 * w + bit;
    byte = (place / 32 * 8 + i % 8) * 4 + place % 32 / 8;
    if (byte >= snPackSize(n, w) || out[byte] != 1u << place % 8) good = false;
    for (byte = 0, bit = 0; byte < 1024; byte++) {
      bit += (u32)__builtin_popcount(out[byte]);
    }
    if (bit != 1) good = false;
  }
  check(good, "each bit is where the layout says");
}

/* Packs n values of w bits and reads them back in all four ways. */
static bool roundTrip(u32 n, u32 w, u32 shift) {
  u32 size = snPackSize(n, w), i, end = rows8(n), doc;
  u32 *in = exact(n * 4), *a = exact(end * 4), *b = exact(end * 4);
  u8 *room = exact(size + shift), *packed = room + shift;
  u32 base = (u32)roll();
  bool good = true;
  for (i = 0; i < n; i++) in[i] = rollBits(w);
  memset(packed, 0xaa, size);
  snPack(in, n, w, packed);
  snUnpack(packed, n, w, a);
  snUnpackScalar(packed, n, w, b);
  if (n && (memcmp(a, in, n * 4) || memcmp(a, b, end * 4))) good = false;
  for (i = 0; i < n; i++) good = good && snPackAt(packed, w, i) == in[i];
  for (i = n; i < end; i++) good = good && a[i] == 0;
  if (w < 32 && n) { /* values too wide lose their upper bits only */
    for (i = 0; i < n; i++) in[i] |= (u32)roll() << w;
    snPack(in, n, w, packed);
    snUnpack(packed, n, w, b);
    if (memcmp(a, b, end * 4)) good = false;
  }
  snUnpackDocs(packed, n, w, base, b);
  for (i = 0, doc = base; i < end; i++) {
    doc += a[i] + 1;
    if (b[i] != doc) good = false;
  }
  free(in);
  free(a);
  free(b);
  free(room);
  return good;
}

static void testRoundTrip(void) {
  static const u32 sizes[] = {0, 1, 7, 8, 9, 31, 64, 100, 127, 128, 200, 241,
      247, 248, 249, 255, 256};
  char what[64];
  u32 w, k, i;
  for (w = 0; w <= 32; w++) {
    bool good = true;
    for (k = 0; k < SN_COUNT(sizes); k++) {
      for (i = 0; i < 4; i++) {
        if (!roundTrip(sizes[k], w, i)) good = false;
      }
    }
    for (k = 0; k <= 256; k += 1 + (u32)(roll() % 5)) {
      if (!roundTrip(k, w, 0)) good = false;
    }
    snprintf(what, sizeof what, "width %u, all ways", (unsigned)w);
    check(good, what);
  }
}

static void testRandomBytes(void) {
  u32 k, i, doc;
  bool good = true, docs = true;
  for (k = 0; k < 20000; k++) {
    u32 n = (u32)(roll() % 257), w = (u32)(roll() % 33);
    u32 size = snPackSize(n, w), end = rows8(n), base = (u32)roll();
    u8 *packed = exact(size);
    u32 *a = exact(end * 4), *b = exact(end * 4);
    for (i = 0; i + 4 <= size; i += 4) snPut32(packed + i, (u32)roll());
    snUnpack(packed, n, w, a);
    snUnpackScalar(packed, n, w, b);
    if (end && memcmp(a, b, end * 4)) good = false;
    snUnpackDocs(packed, n, w, base, b);
    for (i = 0, doc = base; i < end; i++) {
      doc += a[i] + 1;
      if (b[i] != doc) docs = false;
    }
    free(packed);
    free(a);
    free(b);
  }
  check(good, "random bytes: as the scalar twin");
  check(docs, "random bytes: documents as the plain sum");
}

static void testDocs(void) {
  u32 in[256], out[256], i, w = 0;
  u8 packed[1024] = {0};
  bool good = true;
  memset(in, 0, sizeof in);
  snUnpackDocs(packed, 256, 0, ~0u, out);
  for (i = 0; i < 256; i++) good = good && out[i] == i;
  check(good, "width 0 from -1 is 0, 1, 2 ...");
  for (i = 0; i < 256; i++) in[i] = i * i;
  w = snPackWidth(in, 256);
  snPack(in, 256, w, packed);
  snUnpackDocs(packed, 256, w, 999, out);
  check(w == 16 && out[0] == 1000 && out[1] == 1002 && out[2] == 1007,
      "gaps of squares");
}

static void testWithin(void) {
  bool good = true;
  for (u32 k = 0; k < 3000; k++) {
    u32 n = (u32)(roll() % 257), most = (u32)(roll() % 33);
    u32 a = rollBits(most), b = rollBits(most);
    u32 lo = SN_MIN(a, b), hi = SN_MAX(a, b);
    u32 *in = exact(rows8(n) * 4);
    u64 out[4];
    memset(out, 0xa5, sizeof out);
    for (u32 i = 0; i < rows8(n); i++)
      in[i] = roll() % 9 ? rollBits(most) : roll() % 2 ? lo : hi;
    snPackWithin(in, n, lo, hi, out);
    for (u32 i = 0; i < n; i++)
      good = good && snBit(out, i) == (in[i] >= lo && in[i] <= hi);
    for (u32 i = rows8(n); i < 256; i++) good = good && !snBit(out, i);
    free(in);
  }
  check(good, "values in a range");
}

static void testWidth(void) {
  u32 k, i;
  bool good = true;
  for (k = 0; k < 3000; k++) {
    u32 n = (u32)(roll() % 257), most = (u32)(roll() % 33), all = 0, w;
    u32 *in = exact(n * 4);
    for (i = 0; i < n; i++) {
      in[i] = roll() % 50 ? 0 : rollBits(most);
      all |= in[i];
    }
    w = snPackWidth(in, n);
    if (w > 32 || (w < 32 && all >> w) || (w && !(all >> (w - 1)))) {
      good = false;
    }
    free(in);
  }
  check(good, "width of the largest");
}

/* Small values and, one in `rare`, large ones. */
static void fillOutliers(u32 *in, u32 n, u32 small, u32 large, u32 rare) {
  u32 i;
  for (i = 0; i < n; i++) {
    in[i] = rollBits(rare && roll() % rare == 0 ? large : small);
  }
}

/* Written, read in each way, and cut short. */
static bool patchedSame(const u32 *in, u32 n) {
  u32 end = rows8(n), cut, k, doc, width = 0;
  u32 *out = exact(end * 4);
  u8 *copy;
  bool good = true;
  Buf b;
  Rd r;
  snBufInit(&b, NULL);
  snPatchedPut(&b, in, n);
  if (b.rc || b.n > 2 + snPackSize(n, snPackWidth(in, n))) good = false;
  copy = exact(b.n);
  memcpy(copy, b.data, b.n);
  r = (Rd){copy, copy + b.n, false};
  if (snPatchedGet(&r, n, 0, out) || r.bad || r.p != r.end) good = false;
  if (n && memcmp(in, out, n * 4)) good = false;
  r.p = copy;
  if (snPatchedGet(&r, n, 7, out)) good = false;
  for (k = 0; k < n; k++) good = good && out[k] == in[k] + 7;
  r.p = copy;
  if (snPatchedDocs(&r, n, ~0u, out, &width)) good = false;
  for (k = 0, doc = ~0u; k < n; k++)
    good = good && out[k] == (doc += in[k] + 1);
  if (n && width < snPackWidth(in, n)) good = false;
  free(copy);
  for (cut = 0; cut < b.n; cut += 1 + (u32)(roll() % 40)) {
    copy = exact(cut);
    memcpy(copy, b.data, cut);
    r = (Rd){copy, copy + cut, false};
    if (snPatchedGet(&r, n, 0, out) != SEINE_CORRUPT) good = false;
    free(copy);
  }
  snBufClear(&b);
  free(out);
  return good;
}

static bool patchedOne(u32 n, u32 small, u32 large, u32 rare) {
  u32 in[256];
  fillOutliers(in, n, small, large, rare);
  return patchedSame(in, n);
}

static void testPatched(void) {
  u32 k;
  bool good = true;
  for (k = 0; k < 4000; k++) {
    u32 n = k < 257 ? k : (u32)(roll() % 257);
    u32 small = (u32)(roll() % 33);
    u32 large = small + (u32)(roll() % (33 - small));
    if (!patchedOne(n, small, large, (u32)(roll() % 60))) good = false;
  }
  check(good, "patched: round trip, skip, truncation, never larger");
}

/* As gaps are: each bit more is found in fewer. */
static void testPatchedNested(void) {
  u32 in[256], k, i;
  u64 size = 0, packed = 0;
  bool good = true;
  for (k = 0; k < 2000; k++) {
    u32 w = 1 + (u32)(roll() % 12);
    Buf b;
    for (i = 0; i < 256; i++) {
      in[i] = rollBits(w);
      while (roll() % 2) in[i] += 1u << w;
    }
    snBufInit(&b, NULL);
    snPatchedPut(&b, in, 256);
    size += b.n;
    packed += 2 + snPackSize(256, snPackWidth(in, 256));
    snBufClear(&b);
    if (!patchedSame(in, 1 + (u32)(roll() % 256))) good = false;
  }
  check(good && size * 20 < packed * 19, "patched: nested, and smaller");
}

static void testPatchedSmall(void) {
  u32 in[256], i;
  Buf b;
  for (i = 0; i < 256; i++) in[i] = i % 4;
  in[0] = in[100] = in[255] = 0xffffffffu;
  snBufInit(&b, NULL);
  snPatchedPut(&b, in, 256);
  check(b.data[0] == 2 && b.data[1] == 3 && b.n == 2 + 64 + 3 * 6,
      "patched: three outliers cost 18 bytes");
  snBufClear(&b);
}

static u32 tightSize(u32 n, u32 w) {
  u32 bits = (n + 7) / 8 * w;
  return bits / 32 * 32 + (bits % 32 + 7) / 8 * 8;
}

static int patchedBytes(const u8 *head, u32 head_n, const u8 *tail, u32 tail_n,
    u32 n) {
  u32 out[256];
  Buf b;
  Rd r;
  int rc;
  snBufInit(&b, NULL);
  snBufAdd(&b, head, head_n);
  if (head[0] <= 32) snBufZero(&b, tightSize(n, head[0]));
  snBufAdd(&b, tail, tail_n);
  r = (Rd){b.data, b.data + b.n, false};
  rc = snPatchedGet(&r, n, 0, out);
  snBufClear(&b);
  return rc;
}

#define PATCHED(h0, h1, n, ...) \
  patchedBytes((u8[]){h0, h1}, 2, (u8[]){__VA_ARGS__}, \
      sizeof((u8[]){__VA_ARGS__}), n)

static void testPatchedForged(void) {
  u32 out[256], k, i, width;
  Rd r;
  bool good = true, bad = false;
  check(PATCHED(4, 2, 20, 3, 1, 19, 7) == 0, "forged: a good one");
  check(PATCHED(33, 0, 20, 0) == SEINE_CORRUPT, "forged: width 33");
  check(PATCHED(0, 0, 256) == 0, "forged: 256 zeros");
  check(PATCHED(0, 0, 257) == SEINE_CORRUPT, "forged: one more");
  check(PATCHED(0, 0, ~0u) == SEINE_CORRUPT, "forged: as many as can be said");
  check(PATCHED(4, 21, 20, 0, 1, 1, 1) == SEINE_CORRUPT, "forged: count");
  check(PATCHED(4, 1, 20, 20, 1) == SEINE_CORRUPT, "forged: index behind n");
  check(PATCHED(4, 2, 20, 5, 1, 5, 1) == SEINE_CORRUPT, "forged: index twice");
  check(PATCHED(4, 1, 20, 5, 0) == SEINE_CORRUPT, "forged: nothing to add");
  check(PATCHED(4, 1, 20, 5, 0xff, 0xff, 0xff, 0xff, 1) == SEINE_CORRUPT,
      "forged: more than 32 bits");
  check(PATCHED(32, 1, 20, 5, 1) == SEINE_CORRUPT, "forged: patch of 32");
  check(PATCHED(4, 255, 20, 0x81, 0, 8, 1, 0, 6, 1, 0, 0, 0, 0, 0, 0) == 0,
      "forged: a good bitmap");
  check(PATCHED(4, 255, 20, 0x81, 0, 16, 1, 0, 6, 1, 0, 0, 0, 0, 0, 0) ==
          SEINE_CORRUPT, "forged: a bitmap that goes on behind n");
  check(PATCHED(4, 255, 20, 0x81, 0, 8, 0, 0) == SEINE_CORRUPT,
      "forged: a nested block without bits");
  check(PATCHED(4, 255, 20, 0x81, 0) == SEINE_CORRUPT,
      "forged: no nested block");
  check(PATCHED(4, 255, 20, 0, 0, 8, 29, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
          0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0) ==
          SEINE_CORRUPT, "forged: nested, more than 32 bits");
  check(PATCHED(32, 255, 20, 0, 0, 8, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0) ==
          SEINE_CORRUPT, "forged: a bitmap above 32 bits");
  for (k = 0; k < 200000; k++) {
    u32 n = (u32)(roll() % 257), size = (u32)(roll() % 300);
    u8 *p = exact(size);
    for (i = 0; i < size; i++) {
      u32 any = (u32)(roll() >> 40); /* widths and marks that can be */
      p[i] = (u8)(any & 0x300 ? any : any & 0x400 ? 255 : any % 5);
    }
    if (size > 1) p[0] = (u8)(p[0] % 35);
    if (size > 2 && k % 2) p[1] = 255;
    for (i = 0; i < 3; i++) { /* as they are, with one more, as documents */
      r = (Rd){p, p + size, false};
      int rc = i < 2 ? snPatchedGet(&r, n, i, out)
                     : snPatchedDocs(&r, n, 5, out, &width);
      if (r.p > r.end || (rc && rc != SEINE_CORRUPT)) good = false;
      if (i && (rc != 0) != bad) good = false;
      bad = rc != 0;
    }
    free(p);
  }
  check(good, "forged: random bytes stay in their range");
}

static void testPatchedMemory(void) {
  Budget budget = {.parent = NULL, .limit = 200};
  u32 in[256];
  Buf b;
  fillOutliers(in, 256, 20, 20, 0);
  snBufInit(&b, &budget);
  snPatchedPut(&b, in, 256);
  check(b.rc == SEINE_NOMEM, "patched: over the limit");
  snBufClear(&b);
  check(budget.used == 0, "patched: and nothing is kept");
}

int main(void) {
  testLayout();
  testRoundTrip();
  testRandomBytes();
  testDocs();
  testWithin();
  testWidth();
  testPatched();
  testPatchedNested();
  testPatchedSmall();
  testPatchedForged();
  testPatchedMemory();
  printf("1..%d\n", test_no);
  return test_failed != 0;
}
