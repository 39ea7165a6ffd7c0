/*
** bm25_test: scores of a whole block against one score at a time, of both
** similarities.
**   1. every norm, frequencies of every size, blocks of every length: the
**      same floats to the bit
**   2. a score rises with the frequency and falls with the length, and stays
**      between 0 and the weight: what bounds of blocks rest on
**   3. a bound by pairs is no less than what they dominate
**   4. that of the pairs which a set of documents leaves is no less than any
**      of them scores
*/
#include "index/indexInt.h"
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

static bool testSame(const Scorer *b, u32 n, const u8 *norms) {
  static u32 docs[264], freqs[264];
  static float out[272];
  u32 doc = 0;
  for (u32 i = 0; i < n; i++) {
    docs[i] = doc;
    doc += 1 + testRandom(3);
    freqs[i] = testTf();
  }
  for (u32 i = n; i < 264; i++) freqs[i] = 1;
  snScoreBlock(b, docs, freqs, norms, n, out);
  for (u32 i = 0; i < n; i++) {
    u8 norm = norms ? norms[docs[i]] : 1;
    float one = snScoreOf(b, (float)freqs[i], norm);
    if (memcmp(&one, out + i, sizeof one)) {
      printf("# tf %u norm %u: %a, in a block %a\n", freqs[i], norm,
          (double)one, (double)out[i]);
      return false;
    }
  }
  return true;
}

/* A text is as long as a word is often in it: the longest of that byte. */
static u32 testLongest(u8 norm) {
  return norm == 255 ? INT32_MAX : snNormGet((u8)(norm + 1)) - 1;
}

static bool testOrder(const Scorer *b) {
  for (u32 norm = 1; norm < 256; norm++) {
    float last = 0;
    for (u32 tf = 1; tf < 300 && tf <= testLongest((u8)norm); tf++) {
      float s = snScoreOf(b, (float)tf, (u8)norm);
      if (!(s >= last && s <= snScoreMost(b))) return false;
      if (norm > 1 && s > snScoreOf(b, (float)tf, (u8)(norm - 1))) return false;
      last = s;
    }
  }
  return true;
}

static bool testBound(const Scorer *b) {
  Impact pair[IMPACTS];
  u32 n = 1 + testRandom(IMPACTS);
  for (u32 i = 0; i < n; i++)
    pair[i] = (Impact){(u8)(1 + testRandom(255)), (u8)(1 + testRandom(255))};
  float bound = snScoreBound(b, pair, n);
  for (u32 k = 0; k < 50; k++) {
    const Impact *p = pair + testRandom(n);
    u32 tf = p->tf == 255 ? testTf() : 1 + testRandom(p->tf);
    u8 norm = (u8)(p->norm + testRandom(256u - p->norm));
    tf = SN_MIN(tf, testLongest(norm));
    if (snScoreOf(b, (float)tf, norm) > bound) return false;
  }
  return snScoreBound(b, pair, 0) == snScoreMost(b);
}

/* Documents in which the word is rare, or often half of the text. */
static bool testSet(const Scorer *b) {
  static ImpactSet set;
  Impact pair[IMPACTS];
  float most = 0;
  u32 span = 1 + testRandom(255);
  snImpactReset(&set);
  for (u32 k = 1 + testRandom(200); k > 0; k--) {
    u8 norm = (u8)(1 + testRandom(span));
    u32 tf = 1 + testRandom(testRandom(2) ? 4 : testLongest(norm));
    tf = SN_MIN(tf, testLongest(norm));
    float s = snScoreOf(b, (float)tf, norm);
    most = SN_MAX(most, s);
    snImpactAdd(&set, tf, norm);
  }
  return snScoreBound(b, pair, snImpactPut(&set, 20, pair)) >= most;
}

/* What fails stays false. */
typedef struct TestGood { bool same, plain, order, bound, set; } TestGood;
static void testScorer(const Scorer *b, const u8 *norms, TestGood *good) {
  for (u32 n = 0; n <= 256; n++) {
    good->same = good->same && testSame(b, n, norms);
    good->plain = good->plain && testSame(b, n, NULL);
  }
  good->order = good->order && testOrder(b);
  for (u32 t = 0; t < 40; t++) good->bound = good->bound && testBound(b);
  for (u32 t = 0; t < 400; t++) good->set = good->set && testSet(b);
}

int main(void) {
  static u8 norms[1024];
  static const float boosts[] = {1, 0.001f, 2.5f, 1e30f, 0};
  TestGood good = {true, true, true, true, true};
  for (u32 i = 0; i < sizeof norms; i++) norms[i] = (u8)testRandom(256);
  for (u32 f = 0; f < SN_COUNT(test_fields); f++) {
    for (u32 k = 0; k < 2 * SN_COUNT(boosts); k++) {
      u64 df = test_fields[f].docs ? 1 + testRandom(50) : 0;
      Similarity sim = k % 2 ? SIM_TFIDF : SIM_BM25;
      float idf = snScoreIdf(sim, test_fields[f].docs, df);
      float inv[256];
      Scorer b = {sim, boosts[k / 2] * idf, inv};
      snScoreNorms(sim, test_fields + f, inv);
      testScorer(&b, norms, &good);
    }
  }
  testOk(good.same, "blocks of 0 to 256, with lengths");
  testOk(good.plain, "without");
  testOk(good.order, "rises with tf, falls with the length, up to a limit");
  testOk(good.bound, "a bound is no less");
  testOk(good.set, "nor is what is left of a set of documents");
  printf("1..%d\n", test_count);
  return test_failed != 0;
}
