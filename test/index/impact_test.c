/*
** impact_test: the pairs that bound a block, against brute force.
**   1. sets with few pairs that matter: exactly these come out
**   2. random sets: at most four, ascending, every document is bounded, and
**      no pair promises more than some documents together have
**   3. merged sets bound what each of them bounds; reset ones are empty
**   4. scores: the best pair scores at least what the best document does
*/
#include "index/part.h"

typedef struct ImpDoc { u32 tf; u8 norm; } ImpDoc;

static u32 impPut(const ImpDoc *d, u32 n, Impact out[IMPACTS]) {
  ImpactSet s;
  memset(&s, 0, sizeof s);
  for (u32 i = 0; i < n; i++) snImpactAdd(&s, d[i].tf, d[i].norm);
  return snImpactPut(&s, out);
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
    {"none dominates", 3, {{5, 30}, {1, 2}, {3, 9}}, 3,
        {{1, 2}, {3, 9}, {5, 30}}},
    {"one among them does", 4, {{5, 30}, {1, 2}, {9, 9}, {3, 4}}, 3,
        {{1, 2}, {3, 4}, {9, 9}}},
    {"255 is any number", 3, {{254, 1}, {255, 2}, {4000000000u, 3}}, 2,
        {{254, 1}, {255, 2}}},
    {"256 is 255", 1, {{256, 7}}, 1, {{255, 7}}},
    {"four", 5, {{1, 1}, {2, 2}, {3, 3}, {4, 4}, {1, 9}}, 4,
        {{1, 1}, {2, 2}, {3, 3}, {4, 4}}},
    /* joining 10 and 11 costs 1 * 1 of 11, the other ones more */
    {"five: two neighbours are joined upwards", 5,
        {{1, 1}, {4, 50}, {10, 90}, {11, 91}, {60, 200}}, 4,
        {{1, 1}, {4, 50}, {11, 90}, {60, 200}}},
  };
  for (u32 i = 0; i < SN_COUNT(c); i++) {
    Impact out[IMPACTS];
    u32 n = impPut(c[i].d, c[i].n, out);
    testOk(n == c[i].want && !memcmp(out, c[i].out, n * sizeof *out),
        c[i].name);
  }
}

static bool impBounds(const ImpDoc *d, u32 n, const Impact *p, u32 np) {
  if (np > IMPACTS || (np == 0) != (n == 0)) return testNo("pairs", np, n);
  for (u32 k = 1; k < np; k++)
    if (p[k].tf <= p[k - 1].tf || p[k].norm <= p[k - 1].norm)
      return testNo("not ascending", k, p[k].tf);
  for (u32 i = 0; i < n; i++) {
    bool in = false;
    for (u32 k = 0; k < np; k++)
      in |= (d[i].tf <= p[k].tf || p[k].tf == 255) && d[i].norm >= p[k].norm;
    if (!in) return testNo("not bounded", d[i].tf, d[i].norm);
  }
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

/* Pairs that no other dominates, by comparing all with all. */
static u32 impFront(const ImpDoc *d, u32 n) {
  u32 front = 0;
  for (u32 i = 0; i < n; i++) {
    bool out = false;
    u32 t = SN_MIN(d[i].tf, 255u);
    for (u32 k = 0; k < n && !out; k++) {
      u32 u = SN_MIN(d[k].tf, 255u);
      bool same = u == t && d[k].norm == d[i].norm;
      out = same ? k < i : u >= t && d[k].norm <= d[i].norm;
    }
    front += !out;
  }
  return front;
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
  bool good = true, exact = true;
  for (u32 t = 0; good && t < 5000; t++) {
    u32 n = testRandom(t % 2 ? 300 : 12);
    impRandom(d, n);
    u32 np = impPut(d, n, p), front = impFront(d, n);
    good = impBounds(d, n, p, np);
    if (np != SN_MIN(front, IMPACTS)) exact = testNo("front", np, front);
  }
  testOk(good, "random sets are bounded");
  testOk(exact, "by all pairs that matter, or by four");
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
    u32 np = snImpactPut(&all, p), nq = impPut(d, n, q);
    good = impBounds(d, n, p, np) && np == nq &&
        !memcmp(p, q, np * sizeof *p);
    snImpactReset(&a); /* used again: nothing may be left */
    snImpactReset(&b);
    snImpactReset(&all);
    good = good && snImpactPut(&a, p) == 0 && snImpactPut(&all, p) == 0;
  }
  testOk(good, "a merged set is the set of all; a reset one is empty");
}

static double impScore(u32 tf, u8 norm, double k1, double b, double avg) {
  double x = tf;
  return x / (x + k1 * (1 - b + b * snNormGet(norm) / avg));
}

static void impScores(void) {
  ImpDoc d[200];
  Impact p[IMPACTS];
  bool good = true;
  for (u32 t = 0; good && t < 2000; t++) {
    static const double k1s[] = {0, 0.4, 1.2, 3, 100};
    double k1 = k1s[t % 5], b = testRandom(11) / 10.0;
    double avg = 1 + testRandom(5000), best = 0, bound = 0;
    u32 n = 1 + testRandom(200);
    impRandom(d, n);
    u32 np = impPut(d, n, p);
    for (u32 i = 0; i < n; i++) {
      double s = impScore(d[i].tf, d[i].norm, k1, b, avg);
      if (s > best) best = s;
    }
    for (u32 i = 0; i < np; i++) {
      double s = p[i].tf == 255 ? 1 : impScore(p[i].tf, p[i].norm, k1, b, avg);
      if (s > bound) bound = s;
    }
    good = bound >= best || testNo("score", t, np);
  }
  testOk(good, "no document scores above the best pair");
}

int main(int argc, char **argv) {
  testSeed(argc, argv);
  impChosen();
  impChance();
  impMerged();
  impScores();
  return testDone();
}
