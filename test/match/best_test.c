/*
** best_test: of the documents of a window, those that may score enough.
**   1 random unions and other queries, window by window: a document that
**     scores `least` or more stays, with the score that it has when all are
**     asked for; what stays beside it has its own score, too
**   2 most of the others are gone
**
** `least` is a score that occurs, the float above or below it, or anything.
*/
#include "match/one.h"

#define DOCS 20000
#define WORDS 24

static u64 test_chance = 88172645463325252u;

static u32 testChance(u32 below) {
  test_chance ^= test_chance << 13;
  test_chance ^= test_chance >> 7;
  test_chance ^= test_chance << 17;
  return (u32)((test_chance >> 11) % below);
}

/* Word k stands in one of about 2^(k / 3) documents, in some runs of them
** more often. */
static void testWords(Buf *b, u32 doc) {
  snBufStr(b, "x");
  for (u32 k = 0; k < WORDS; k++) {
    if (testChance(1u << (k / 3))) continue;
    for (u32 n = testChance(doc / 700 % 3 ? 2 : 6) + 1; n; n--)
      snBufPrintf(b, " w%u", k);
  }
}

/* Up to 20 words, more than a union is taken apart for; or other shapes. */
static void testText(Buf *b) {
  static const char *const other[] = {"+w2 w9 w12", "\"w1 w2\" w14", "w1*",
      "w3 NOT w0", "w20", "(w4 w13)^3 w9", "w1 AND w8", "(w2 w3 w15)@2"};
  u32 n = testChance(5) ? 2 + testChance(6) : 14 + testChance(6);
  b->n = 0;
  if (!testChance(4)) {
    snBufStr(b, other[testChance(SN_COUNT(other))]);
    return;
  }
  for (u32 k = 0; k < n; k++)
    snBufPrintf(b, "%sw%u", k ? " " : "", testChance(WORDS));
}

static float testLeast(const u64 *bits, const double *score) {
  u32 k = testChance(SN_WINDOW);
  for (u32 i = 0; i < SN_WINDOW; i++, k = (k + 1) % SN_WINDOW) {
    float s = (float)score[k];
    if (!snBit(bits, k)) continue;
    switch (testChance(4)) {
    case 0: return nextafterf(s, 0);
    case 1: return nextafterf(s, INFINITY);
    case 2: return s * (float)(1 + testChance(100)) / 50;
    default: return s;
    }
  }
  return 1;
}

static u64 test_asked, test_below, test_dropped;

static bool testWindow(Matcher *all, Matcher *best, u32 w) {
  static double want[SN_WINDOW], got[SN_WINDOW];
  u64 bits[SN_WORDS] = {0}, left[SN_WORDS];
  if (snMatcherFill(all, w, bits) || snMatcherScores(all, w, bits, want))
    return false;
  memset(left, 0, sizeof left);
  float least = testLeast(bits, want);
  if (snMatcherFill(best, w, left) || memcmp(bits, left, sizeof bits) ||
      snMatcherBest(best, w, least, left, got))
    return false;
  for (u32 i = 0; i < SN_WINDOW; i++) {
    if (!snBit(bits, i)) {
      if (snBit(left, i)) return false;
      continue;
    }
    test_asked++;
    test_below += (float)want[i] < least;
    test_dropped += !snBit(left, i);
    if (snBit(left, i) ? got[i] != want[i] : (float)want[i] >= least) {
      printf("# window %u, document %u scores %.9g, %s %.9g; at least %.9g\n",
          w, i, want[i], snBit(left, i) ? "is given" : "is gone,",
          snBit(left, i) ? got[i] : 0, (double)least);
      return false;
    }
  }
  return true;
}

static bool testOne(const char *text) {
  Budget *budget = snSessionBudget(test_session);
  Matcher *m[2] = {NULL, NULL};
  Query *q;
  Arena a;
  u32 w = 0;
  bool good;
  snArenaInit(&a, budget);
  int rc = testQuery(&a, text, &q);
  for (u32 i = 0; i < 2 && !rc; i++) {
    rc = snMatcherOpen(budget, test_view, q, SIM_BM25, NULL, m + i);
    if (!rc) rc = snMatcherSegment(m[i], 0);
  }
  good = !rc;
  while (good) {
    u32 other = 0;
    good = !snMatcherSeek(m[0], w, &w) && !snMatcherSeek(m[1], w, &other) &&
        w == other;
    if (!good || w == DOC_END) break;
    good = testWindow(m[0], m[1], w++);
  }
  snMatcherClose(m[0]);
  snMatcherClose(m[1]);
  snArenaClear(&a);
  return good;
}

int main(int argc, char **argv) {
  u32 n = getenv("SEINE_QUICK") ? 100 : 600;
  bool good;
  Buf b;
  if (argc > 1) n = (u32)strtoul(argv[1], 0, 10);
  remove("best.db");
  good = testMake("best.db", DOCS, testWords) && testOpen("best.db", false);
  testOk(good, "a table of one segment");
  snBufInit(&b, NULL);
  for (u32 i = 0; i < n && good; i++) {
    testText(&b);
    good = testOne(snBufText(&b));
  }
  testOk(good, "who scores enough stays, with all of the score");
  if (!good) printf("# %s\n", snBufText(&b));
  testOk(test_dropped * 10 > test_below * 9 && test_below > test_asked / 5,
      "the others are gone");
  snBufClear(&b);
  return testDone("best.db");
}
