/*
** impact_test: the pairs that bound a block, against brute force.
**   1. sets with few pairs that matter: exactly these come out
**   2. random sets: at most four, ascending, no document scores more than the
**      best pair, whatever the average length, to the float
**   3. pairs are those that are best for some average, and no others
**   4. near the average that they were made for the bound is the best score
**   5. merged sets bound what each of them bounds; reset ones are empty
**   6. the check of a bound finds the documents that it does not cover
*/
#include "index/part.h"
#include <math.h>

typedef struct ImpDoc { u32 tf; u8 norm; } ImpDoc;

static u32 impPut(const ImpDoc *d, u32 n, double average,
    Impact out[IMPACTS]) {
  ImpactSet s;
  memset(&s, 0, sizeof s);
  for (u32 i = 0; i < n; i++) snImpactAdd(&s, d[i].tf, d[i].norm);
  return snImpactPut(&s, average, out);
}

static void impChosen(void) {
  static const struct {
    const char *name;
    u32 n;
    ImpDoc d[6];
    u32 want;
    Impact out[IMPACTS];
  } c[] = {
    {"none", 0, {{0, 0}}, 0, {{0, 0}}},
    {"one", 1, {{3, 9}}, 1, {{3, 9}}},
    {"norms 0 and 255", 2, {{1, 0}, {2, 255}}, 2, {{1, 0}, {2, 255}}},
    {"the same twice", 2, {{3, 9}, {3, 9}}, 1, {{3, 9}}},
    {"more and shorter", 3, {{3, 9}, {2, 9}, {3, 10}}, 1, {{3, 9}}},
    {"more, and longer by less", 2, {{3, 9}, {2, 8}}, 1, {{3, 9}}},
    {"more, and longer by as much", 2, {{2, 8}, {3, 12}}, 2, {{2, 8}, {3, 12}}},
    /* y of 1 and 4 meet at c = 1: 2; that of 2 is 2, 2 1/2, or below 2 */
    {"three in one point", 3, {{1, 1}, {2, 3}, {4, 7}}, 3,
        {{1, 1}, {2, 3}, {4, 7}}},
    {"one above the point", 3, {{1, 1}, {2, 4}, {4, 7}}, 2, {{1, 1}, {4, 7}}},
    {"one below it", 3, {{1, 1}, {2, 2}, {4, 7}}, 3,
        {{1, 1}, {2, 2}, {4, 7}}},
    {"255 is any number", 3, {{254, 1}, {255, 2}, {4000000000u, 3}}, 2,
        {{254, 1}, {255, 2}}},
    {"256 is 255", 1, {{256, 7}}, 1, {{255, 7}}},
    {"four", 5, {{1, 1}, {2, 3}, {3, 6}, {4, 10}, {1, 9}}, 4,
        {{1, 1}, {2, 3}, {3, 6}, {4, 10}}},
    /* for averages near 5 the last two are not best */
    {"five: two neighbours are joined upwards", 5,
        {{1, 1}, {2, 3}, {3, 6}, {4, 10}, {5, 15}}, 4,
        {{1, 1}, {2, 3}, {3, 6}, {5, 10}}},
  };
  for (u32 i = 0; i < SN_COUNT(c); i++) {
    Impact out[IMPACTS];
    u32 n = impPut(c[i].d, c[i].n, 5, out);
    bool good = n == c[i].want && !memcmp(out, c[i].out, n * sizeof *out);
    for (u32 k = 0; !good && k < n; k++)
      (void)testNo("pair", out[k].tf, out[k].norm);
    testOk(good, c[i].name);
  }
}

/* ---- scores, as score.c computes them ----------------------------------- */

static float impX(float tf, u8 norm, float average) {
  return tf * (1.0f / (1.2f * ((1.0f - 0.75f) +
                                  0.75f * (float)snNormGet(norm) / average)));
}

static float impBest(const ImpDoc *d, u32 n, float average) {
  float best = 0;
  for (u32 i = 0; i < n; i++) {
    float x = impX((float)d[i].tf, d[i].norm, average);
    best = SN_MAX(best, x);
  }
  return best;
}

static float impBound(const Impact *p, u32 n, float average) {
  float best = 0;
  for (u32 i = 0; i < n; i++) {
    float x = p[i].tf == 255 ? INFINITY : impX(p[i].tf, p[i].norm, average);
    best = SN_MAX(best, x);
  }
  return best;
}

static float impAverage(void) {
  static const float some[] = {1, 0x1p-64f, 3e9f, 1e18f};
  u32 k = testRandom(40);
  if (k < SN_COUNT(some)) return some[k];
  return (float)exp(testRandom(1u << 24) * (k < 20 ? 10.0 : 22.0) / (1u << 24));
}

static bool impBounds(const ImpDoc *d, u32 n, const Impact *p, u32 np) {
  if (np > IMPACTS || (np == 0) != (n == 0)) return testNo("pairs", np, n);
  for (u32 k = 1; k < np; k++)
    if (p[k].tf <= p[k - 1].tf || p[k].norm <= p[k - 1].norm)
      return testNo("not ascending", k, p[k].tf);
  for (u32 k = 0; k < 30; k++) {
    float average = impAverage();
    if (impBest(d, n, average) > impBound(p, np, average))
      return testNo("not bounded with the average", (u64)average, n);
  }
  for (u32 i = 0; i < n; i++)
    if (!snImpactCovers(p, np, d[i].tf, d[i].norm))
      return testNo("not covered", d[i].tf, d[i].norm);
  for (u32 k = 0; k < np; k++) { /* tf and norm are some documents' own */
    bool tf = false, norm = false;
    for (u32 i = 0; i < n; i++) {
      tf |= SN_MIN(d[i].tf, 255u) == p[k].tf;
      norm |= d[i].norm == p[k].norm;
    }
    if (!tf || !norm) return testNo("of nobody", p[k].tf, p[k].norm);
  }
  return true;
}

/* ---- which pairs -------------------------------------------------------- */

static double impY(ImpDoc d, double c) {
  return (1 + c * snNormGet(d.norm)) / d.tf;
}

/* Is d[m] the best for some c, by a part of `by`?  Looked at where any two
** meet, and between. */
static bool impWins(const ImpDoc *d, u32 n, u32 m, double by) {
  double at[200] = {0, 1e-9, 1e9};
  u32 k = 3;
  for (u32 i = 0; i < n; i++)
    for (u32 j = 0; j < i; j++) {
      double over = (double)d[i].tf * snNormGet(d[j].norm) -
          (double)d[j].tf * snNormGet(d[i].norm);
      double c = ((double)d[j].tf - d[i].tf) / over;
      if (c > 0 && c < 1e9) at[k++] = c;
    }
  for (u32 i = 1; i < k; i++) /* by rising c */
    for (u32 j = i; j && at[j - 1] > at[j]; j--) {
      double x = at[j];
      at[j] = at[j - 1];
      at[j - 1] = x;
    }
  for (u32 i = 0; i + 1 < 2 * k; i++) {
    double c = i % 2 ? (at[i / 2] + at[i / 2 + 1]) / 2 : at[i / 2];
    bool best = true;
    for (u32 j = 0; j < n; j++) {
      bool same = d[j].tf == d[m].tf && d[j].norm == d[m].norm;
      best &= same || impY(d[m], c) * (1 + by) <= impY(d[j], c);
    }
    if (best) return true;
  }
  return false;
}

/* Sets of few documents whose pairs are not joined. */
static void impFew(void) {
  bool good = true;
  u32 looked = 0;
  for (u32 t = 0; good && t < 6000; t++) {
    ImpDoc d[8];
    Impact p[IMPACTS];
    u32 n = 1 + testRandom(8);
    for (u32 i = 0; i < n; i++)
      d[i] = (ImpDoc){1 + testRandom(i % 2 ? 9 : 200),
          (u8)(1 + testRandom(t % 2 ? 80 : 12))};
    u32 np = impPut(d, n, 30, p), wins = 0;
    for (u32 i = 0; good && i < n; i++) {
      bool in = false, again = false;
      for (u32 k = 0; k < np; k++)
        in |= p[k].tf == d[i].tf && p[k].norm == d[i].norm;
      for (u32 j = 0; j < i; j++)
        again |= d[j].tf == d[i].tf && d[j].norm == d[i].norm;
      wins += !again && impWins(d, n, i, 1e-9);
      if (np == IMPACTS) continue; /* some may be joined */
      looked++;
      if (in && !impWins(d, n, i, -1e-5)) good = testNo("never best", t, i);
      if (!in && impWins(d, n, i, 1e-5)) good = testNo("best", t, i);
    }
    good = good && (np == IMPACTS || wins <= np || testNo("few", wins, np));
  }
  testOk(good && looked > 20000, "pairs are who is best for some average");
}

static void impRandom(ImpDoc *d, u32 n) {
  u32 style = testRandom(5), most = 1 + testRandom(400);
  for (u32 i = 0; i < n; i++) {
    u32 norm = testRandom(256);
    u32 tf = 1 + testRandom(most);
    if (style == 1) tf = norm + 1;              /* all matter */
    if (style == 2) norm = testRandom(3);
    if (style == 3) tf = 1 + norm * norm / 200;
    if (style == 4) tf = testRandom(20) ? 1 : tf;
    d[i] = (ImpDoc){tf, (u8)norm};
  }
}

static void impChance(void) {
  ImpDoc d[300];
  Impact p[IMPACTS];
  bool good = true;
  for (u32 t = 0; good && t < 5000; t++) {
    u32 n = testRandom(t % 2 ? 300 : 12);
    impRandom(d, n);
    u32 np = impPut(d, n, 1 + testRandom(5000), p);
    good = impBounds(d, n, p, np);
  }
  testOk(good, "random sets are bounded");
}

/* Documents as texts have them: the tf grows with the length, with chance. */
static void impNear(void) {
  static const float part[] = {0.5f, 1, 2};
  ImpDoc d[256];
  Impact p[IMPACTS];
  double worst = 0, sum = 0;
  for (u32 t = 0; t < 3000; t++) {
    float average = 20 + (float)testRandom(400);
    for (u32 i = 0; i < 256; i++) {
      double length = average *
          (0.2 + testRandom(1000) * testRandom(1000) * 3e-6);
      u32 tf = 1;
      for (u32 k = 0; k < (u32)length && tf < 254; k++) tf += !testRandom(15);
      d[i] = (ImpDoc){tf, snNormPut((u32)length + tf)};
    }
    u32 np = impPut(d, 256, (double)average, p);
    for (u32 k = 0; k < SN_COUNT(part); k++) {
      float x = impBest(d, 256, average * part[k]);
      float bound = impBound(p, np, average * part[k]);
      double over = (double)(bound / (1 + bound) / (x / (1 + x))) - 1;
      worst = SN_MAX(worst, over);
      sum += over;
    }
  }
  printf("# over the best score: %.5f on average, at most %.4f\n",
      sum / 9000, worst);
  testOk(sum / 9000 < 0.002 && worst < 0.1,
      "near the average the bound is the best score");
}

static void impMerged(void) {
  ImpDoc d[300];
  Impact p[IMPACTS], q[IMPACTS];
  ImpactSet a, b, all;
  bool good = true;
  memset(&a, 0, sizeof a);
  memset(&b, 0, sizeof b);
  memset(&all, 0, sizeof all);
  for (u32 t = 0; good && t < 3000; t++) {
    u32 n = testRandom(300), cut = testRandom(n + 1);
    impRandom(d, n);
    for (u32 i = 0; i < n; i++)
      snImpactAdd(i < cut ? &a : &b, d[i].tf, d[i].norm);
    snImpactMerge(&all, &a);
    snImpactMerge(&all, &b);
    u32 np = snImpactPut(&all, 9, p), nq = impPut(d, n, 9, q);
    good = impBounds(d, n, p, np) && np == nq &&
        !memcmp(p, q, np * sizeof *p);
    snImpactReset(&a); /* used again: nothing may be left */
    snImpactReset(&b);
    snImpactReset(&all);
    good = good && snImpactPut(&a, 9, p) == 0 && snImpactPut(&all, 9, p) == 0;
  }
  testOk(good, "a merged set is the set of all; a reset one is empty");
}

/* Any pairs against any document: a bound that fails for some average is not
** taken for one, and mostly not the other way round. */
static void impForged(void) {
  bool good = true;
  u32 bad = 0, strict = 0;
  for (u32 t = 0; good && t < 20000; t++) {
    Impact p[IMPACTS];
    ImpDoc d = {1 + testRandom(60), (u8)(1 + testRandom(90))};
    u32 np = 1 + testRandom(IMPACTS), tf = 0, norm = 0;
    bool fails = false;
    for (u32 i = 0; i < np; i++) {
      tf += 1 + testRandom(25);
      norm += 1 + testRandom(40);
      p[i] = (Impact){(u8)tf, (u8)norm};
    }
    for (u32 k = 0; k < 300 && !fails; k++) {
      float average = (float)exp(k * 0.1 - 5);
      fails = impBest(&d, 1, average) > impBound(p, np, average);
    }
    bool covers = snImpactCovers(p, np, d.tf, d.norm);
    if (fails && covers) good = testNo("covers", d.tf, d.norm);
    bad += fails;
    strict += !fails && !covers;
  }
  printf("# %u fail, %u more are refused\n", bad, strict);
  testOk(good && bad > 1000 && strict < 100, "what is not bounded is found");
}

int main(int argc, char **argv) {
  testSeed(argc, argv);
  impChosen();
  impChance();
  impFew();
  impNear();
  impMerged();
  impForged();
  return testDone();
}
