/*
** bm25_test: scores of a whole block against one score at a time.
**   1. every norm, frequencies of every size, blocks of every length: the
**      same floats to the bit
**   2. a score rises with the frequency and falls with the length, and stays
**      between 0 and the weight: what bounds of blocks rest on
**   3. a bound by pairs is no less than what they dominate
*/
#include "match/matchInt.h"

static int test_count, test_failed;

static void testOk(bool ok, const char *name) {
  printf("%sok %d - %s\n", ok ? "" : "not ", ++test_count, name);
  test_failed += !ok;
}

static u64 test_state = 88172645463325252ull;
static u32 testRandom(u32 below) {
  test_state ^= test_state << 13;
  test_state ^= test_state >> 7;
  test_state ^= test_state << 17;
  return (u32)((test_state >> 11) % below);
}

static u32 testTf(void) {
  u32 bits = testRandom(24);
  return 1 + testRandom(1u << bits);
}

static const FieldStats test_fields[] = {
  {1, 1}, {10, 7}, {1000, 52000}, {415592, 12345678}, {3, 3000000000ull},
  {0, 0},
};

static bool testSame(const Bm25 *b, u32 n, const u8 *norms) {
  static u32 docs[264], freqs[264];
  static float out[272];
  u32 doc = 0;
  for (u32 i = 0; i < n; i++) {
    docs[i] = doc;
    doc += 1 + testRandom(3);
    freqs[i] = testTf();
  }
  for (u32 i = n; i < 264; i++) freqs[i] = 1;
  snBm25Block(b, docs, freqs, norms, n, out);
  for (u32 i = 0; i < n; i++) {
    u8 norm = norms ? norms[docs[i]] : 1;
    float one = snBm25Score(b, (float)freqs[i], norm);
    if (memcmp(&one, out + i, sizeof one)) {
      printf("# tf %u norm %u: %a, in a block %a\n", freqs[i], norm,
          (double)one, (double)out[i]);
      return false;
    }
  }
  return true;
}

static bool testOrder(const Bm25 *b) {
  for (u32 norm = 0; norm < 256; norm++) {
    float last = 0;
    for (u32 tf = 1; tf < 300; tf++) {
      float s = snBm25Score(b, (float)tf, (u8)norm);
      if (!(s >= last && s <= b->w)) return false;
      if (norm && s > snBm25Score(b, (float)tf, (u8)(norm - 1))) return false;
      last = s;
    }
  }
  return true;
}

static bool testBound(const Bm25 *b) {
  Impact pair[IMPACTS];
  u32 n = 1 + testRandom(IMPACTS);
  for (u32 i = 0; i < n; i++)
    pair[i] = (Impact){(u8)(1 + testRandom(255)), (u8)testRandom(256)};
  float bound = snBm25Bound(b, pair, n);
  for (u32 k = 0; k < 50; k++) {
    const Impact *p = pair + testRandom(n);
    u32 tf = p->tf == 255 ? testTf() : 1 + testRandom(p->tf);
    u8 norm = (u8)(p->norm + testRandom(256u - p->norm));
    if (snBm25Score(b, (float)tf, norm) > bound) return false;
  }
  return snBm25Bound(b, pair, 0) == b->w;
}

int main(void) {
  static u8 norms[1024];
  static const float boosts[] = {1, 0.001f, 2.5f, 1e30f, 0};
  bool same = true, plain = true, order = true, bound = true;
  for (u32 i = 0; i < sizeof norms; i++) norms[i] = (u8)testRandom(256);
  for (u32 f = 0; f < SN_COUNT(test_fields); f++) {
    for (u32 k = 0; k < SN_COUNT(boosts); k++) {
      u64 df = test_fields[f].docs ? 1 + testRandom(50) : 0;
      Bm25 b;
      snBm25Init(&b, boosts[k], snBm25Idf(test_fields[f].docs, df),
          test_fields + f);
      for (u32 n = 0; n <= 256; n++) {
        same = same && testSame(&b, n, norms);
        plain = plain && testSame(&b, n, NULL);
      }
      order = order && testOrder(&b);
      for (u32 t = 0; t < 40; t++) bound = bound && testBound(&b);
    }
  }
  testOk(same, "blocks of 0 to 256, with lengths");
  testOk(plain, "without");
  testOk(order, "rises with tf, falls with the length, up to the weight");
  testOk(bound, "a bound is no less");
  printf("1..%d\n", test_count);
  return test_failed != 0;
}
