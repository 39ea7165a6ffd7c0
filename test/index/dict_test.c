/*
** dict_test: terms written by DictWriter and read back, compared with a
** sorted array of byte strings.
**   1. sets of terms: numbers of them about the limits of blocks, prefixes,
**      zeros and bytes of every value, long ones, equal separators
**   2. seeks at each term, before and behind it; look-ups of what is not
**      there, with the fingerprint of what is
**   3. walks from each ordinal; texts in any order, with and without the
**      cache of small dictionaries
**   4. metas: counts, inline lists, where the others lie
**   5. the most frequent terms of ranges: with maxima and without; equal,
**      rising, falling and random counts
*/
#include "index/part.h"

typedef struct DictSet {
  u32 n, cap;
  DictText *t;
  Arena a;
} DictSet;

static void dictAdd(DictSet *s, const void *p, u32 n) {
  if (s->n == s->cap) {
    s->cap = s->cap ? s->cap * 2 : 64;
    s->t = realloc(s->t, s->cap * sizeof *s->t);
  }
  u8 *to = snArenaBytes(&s->a, n + 1);
  if (n) memcpy(to, p, n);
  s->t[s->n++] = (DictText){to, n, 0};
}

static int dictOrder(const void *a, const void *b) {
  const DictText *x = a, *y = b;
  u32 n = SN_MIN(x->n, y->n); /* bytes, then length: not by snStrCmp */
  int c = n ? memcmp(x->p, y->p, n) : 0;
  return c ? c : x->n < y->n ? -1 : x->n > y->n;
}

static void dictSort(DictSet *s) {
  u32 k = 0;
  if (s->n) qsort(s->t, s->n, sizeof *s->t, dictOrder);
  for (u32 i = 0; i < s->n; i++)
    if (!i || dictOrder(s->t + i, s->t + k - 1)) s->t[k++] = s->t[i];
  s->n = k;
}

static void dictDrop(DictSet *s) {
  free(s->t);
  snArenaClear(&s->a);
}

static u32 dictWhere(const DictSet *s, const DictText *t, bool *is) {
  u32 lo = 0, hi = s->n;
  while (lo < hi) {
    u32 mid = (lo + hi) / 2;
    if (dictOrder(s->t + mid, t) < 0) lo = mid + 1;
    else hi = mid;
  }
  *is = lo < s->n && !dictOrder(s->t + lo, t);
  return lo;
}

/* Without lists: a dictionary of values. */
static Dict *dictOpenSet(Part *p, const DictSet *s) {
  DictWriter w;
  Buf b;
  Dict *d = NULL;
  snBufInit(&b, &test_budget);
  partInit(p);
  snDictWriteInit(&w, &test_budget, false, false);
  for (u32 i = 0; i < s->n; i++)
    snDictWriteAdd(&w, s->t[i].p, s->t[i].n, 1, 1, NULL, 0);
  snDictWriteEnd(&w, 77, &b);
  snSegWriteBuf(&p->w, SEC_VALUES, 4, &b);
  snDictWriteFree(&w);
  snBufClear(&b);
  if (partOpen(p, 100) && snDictValues(p->g, 4, &d)) d = NULL;
  return d;
}

/* ---- 2 ------------------------------------------------------------------ */

static bool dictSeekOne(Dict *d, const DictSet *s, const u8 *p, u32 n) {
  DictText t = {p, n, 0};
  bool is, exact;
  u32 want = dictWhere(s, &t, &is), ord, got;
  int rc = snDictSeek(d, p, n, &ord, &exact);
  if (rc || ord != want || exact != is) return testNo("sought", ord, want);
  rc = snDictFind(d, p, n, &got);
  return (!rc && got == (is ? want : DICT_NONE)) || testNo("found", got, want);
}

/* About a term: itself, longer, shorter, its last byte one more and less. */
static bool dictAbout(Dict *d, const DictSet *s, const DictText *t) {
  u8 *p = malloc(t->n + 2);
  u32 n = t->n;
  if (n) memcpy(p, t->p, n);
  bool good = dictSeekOne(d, s, p, n);
  p[n] = 0;
  good = good && dictSeekOne(d, s, p, n + 1);
  p[n] = 255;
  good = good && dictSeekOne(d, s, p, n + 1);
  for (u32 i = 1; good && i <= 9 && i <= n; i++)
    good = dictSeekOne(d, s, p, n - i);
  for (u32 i = 0; good && n && i < 2; i++) {
    p[n - 1] = (u8)(t->p[n - 1] + (i ? 255 : 1));
    good = dictSeekOne(d, s, p, n);
  }
  if (good && n > 1) {
    p[n - 1] = t->p[n - 1];
    p[n / 2] ^= 0x80;
    good = dictSeekOne(d, s, p, n);
  }
  free(p);
  return good;
}

/* ---- 3 ------------------------------------------------------------------ */

static bool dictWalk(Dict *d, const DictSet *s, u32 from, u32 most) {
  DictIter it;
  bool good = true;
  snDictIterOpen(&it, d, from);
  for (u32 i = from; good && i < s->n && i - from < most; i++) {
    good = snDictIterNext(&it) && it.ord == i && it.text.n == s->t[i].n &&
        (!it.text.n || !memcmp(it.text.data, s->t[i].p, it.text.n));
    if (!good) (void)testNo("walk", from, i);
  }
  if (good && (from >= s->n || s->n - from <= most))
    for (u32 i = 0; i < 2; i++) good &= !snDictIterNext(&it) && !it.rc;
  snDictIterClose(&it);
  return good;
}

static bool dictTextsOf(Dict *d, const DictSet *s, u32 n) {
  Arena a;
  u32 ord[300];
  DictText out[300];
  snArenaInit(&a, NULL);
  for (u32 i = 0; i < n; i++)
    ord[i] = i && !testRandom(4) ? ord[i - 1] : testRandom(s->n);
  ord[0] = 0; /* the empty term, if there is one */
  ord[1] = s->n - 1;
  if (n > 9) ord[9] = 0; /* again, others between */
  bool good = !snDictTexts(d, ord, n, &a, out);
  for (u32 i = 0; good && i < n; i++)
    good = !dictOrder(out + i, s->t + ord[i]) || testNo("text", i, ord[i]);
  ord[n - 1] = s->n;
  good = good && snDictTexts(d, ord, n, &a, out) == SEINE_CORRUPT;
  good = good && !snDictTexts(d, ord, 0, &a, out);
  snArenaClear(&a);
  return good;
}

static bool dictAll(DictSet *s) {
  Part p;
  TermMeta m;
  dictSort(s);
  Dict *d = dictOpenSet(&p, s);
  bool good = d && snDictCount(d) == s->n && snDictDocs(d) == 77 &&
      !snDictHasFreqs(d) && snDictMeta(d, 0, &m) == SEINE_CORRUPT;
  u32 step = s->n / 2000 + 1;
  for (u32 i = 0; good && i < s->n; i += step)
    good = dictAbout(d, s, s->t + i) && dictWalk(d, s, i, 70);
  good = good && dictSeekOne(d, s, (const u8 *)"", 0);
  good = good && dictSeekOne(d, s, (const u8 *)"\xff\xff\xff", 3);
  good = good && dictWalk(d, s, 0, UINT32_MAX) && dictWalk(d, s, s->n, 9) &&
      dictWalk(d, s, UINT32_MAX, 9);
  if (good && s->n) good = dictTextsOf(d, s, 300) && dictTextsOf(d, s, 2);
  partClose(&p);
  return good;
}

/* ---- 1 ------------------------------------------------------------------ */

static void dictNumbers(DictSet *s, u32 n) {
  char text[32];
  for (u32 i = 0; i < n; i++) {
    int len = snprintf(text, sizeof text, "%u", i * 7919u);
    dictAdd(s, text, (u32)len);
  }
}

static void dictPrefixes(DictSet *s, u32 n) { /* "", a, aa, ... */
  u8 text[256];
  memset(text, 'a', sizeof text);
  for (u32 i = 0; i < n; i++) dictAdd(s, text, i);
}

static void dictZeros(DictSet *s, u32 n) { /* all but few separators are 0 */
  u8 text[256] = {0};
  for (u32 i = 0; i < n; i++) {
    dictAdd(s, text, i);
    if (i < 8) continue;
    text[i - 1] = 1;
    dictAdd(s, text, i);
    text[i - 1] = 0;
  }
}

static void dictSame8(DictSet *s, u32 n) {
  char text[40];
  for (u32 i = 0; i < n; i++) {
    int len = snprintf(text, sizeof text, "%s%x",
        i % 3 ? "exactly8" : "exactly8-and-more", i * 2654435761u);
    dictAdd(s, text, (u32)len);
  }
  dictAdd(s, "exactly", 7);
  dictAdd(s, "exactly8", 8);
  dictAdd(s, "exactly9", 8);
}

static void dictBytes(DictSet *s, u32 n) {
  (void)n;
  for (u32 i = 0; i < 256; i++) {
    u8 t[12];
    memset(t, (int)i, sizeof t);
    for (u32 k = 1; k <= 12; k += 1 + i % 5) dictAdd(s, t, k);
    t[1] = (u8)~i;
    dictAdd(s, t, 2);
  }
}

static void dictLong(DictSet *s, u32 n) {
  u8 *t = malloc(70000);
  memset(t, 'x', 70000);
  for (u32 i = 0; i < n; i++) {
    t[i % 2 ? 69999 : i] = (u8)('a' + i % 26);
    dictAdd(s, t, i % 3 ? 70000 : 127 + i);
  }
  dictAdd(s, "x", 1);
  free(t);
}

static void dictChance(DictSet *s, u32 n) {
  u8 t[8];
  dictAdd(s, "", 0);
  for (u32 i = 0; i < n; i++) {
    u32 len = testRandom(9);
    for (u32 k = 0; k < len; k++)
      t[k] = (u8)(testRandom(3) ? testRandom(3) : testRandom(256));
    dictAdd(s, t, len);
  }
}

static const struct {
  const char *name;
  void (*make)(DictSet *, u32);
  u32 n;
} dict_sets[] = {
  {"no term", dictNumbers, 0}, {"one term", dictNumbers, 1},
  {"the empty term alone", dictPrefixes, 1},
  {"31 terms", dictNumbers, 31}, {"32 terms", dictNumbers, 32},
  {"33 terms", dictNumbers, 33}, {"63 terms", dictNumbers, 63},
  {"64 terms", dictNumbers, 64}, {"65 terms", dictNumbers, 65},
  {"1,000 terms", dictNumbers, 1000},
  {"33 terms, each the begin of the next", dictPrefixes, 33},
  {"256 of them", dictPrefixes, 256},
  {"zeros of every length", dictZeros, 250},
  {"many blocks with one separator", dictSame8, 700},
  {"bytes of every value", dictBytes, 0},
  {"terms of 70,000 bytes", dictLong, 40},
  {"2,000 terms by chance", dictChance, 2000},
  {"30,000 by chance", dictChance, 30000},
};

static void dictSets(void) {
  for (u32 i = 0; i < SN_COUNT(dict_sets); i++) {
    DictSet s = {0};
    snArenaInit(&s.a, NULL);
    dict_sets[i].make(&s, dict_sets[i].n);
    testOk(dictAll(&s), dict_sets[i].name);
    dictDrop(&s);
  }
}

/* Around the most that is kept decoded: 65,536 terms. */
static void dictCached(bool empty) {
  bool good = true;
  for (u32 n = 65535; good && n <= 65537; n++) {
    DictSet s = {0};
    snArenaInit(&s.a, NULL);
    dictNumbers(&s, n - empty);
    if (empty) dictAdd(&s, "", 0);
    dictSort(&s);
    good = s.n == n && dictAll(&s);
    dictDrop(&s);
  }
  testOk(good, empty ? "65,536 terms and one more, one empty"
                     : "65,536 terms and one more");
}

/* Terms that are not there, but have the fingerprint of one that is. */
static void dictPrints(void) {
  DictSet s = {0};
  Part p;
  char text[16];
  u32 met = 0;
  snArenaInit(&s.a, NULL);
  for (u32 i = 0; i < 32; i++)
    dictAdd(&s, text, (u32)snprintf(text, sizeof text, "p%u", i * 31));
  /* two of one fingerprint in one block */
  u8 first = snDictPrint("p0", 2);
  for (u32 i = 0; s.n < 33; i++) {
    u32 n = (u32)snprintf(text, sizeof text, "p%u+", i);
    if (snDictPrint(text, n) == first) dictAdd(&s, text, n);
  }
  s.t[1] = s.t[32]; /* still 32 terms: one block */
  s.n = 32;
  dictSort(&s);
  Dict *d = dictOpenSet(&p, &s);
  bool good = d && s.n == 32;
  for (u32 i = 0; good && i < s.n; i++) good = dictAbout(d, &s, s.t + i);
  for (u32 i = 0; good && i < 300000; i++) {
    u32 n = (u32)snprintf(text, sizeof text, "p%u-", i), got;
    u8 print = snDictPrint(text, n);
    for (u32 k = 0; k < s.n; k++) {
      if (snDictPrint(s.t[k].p, s.t[k].n) != print) continue;
      met++;
      good = good && !snDictFind(d, text, n, &got) && got == DICT_NONE;
    }
  }
  testOk(good && met > 20, "equal fingerprints are told apart");
  partClose(&p);
  dictDrop(&s);
}

/* ---- 4 ------------------------------------------------------------------ */

/* A list of df <= 2 that lies in the dictionary: its bytes. */
static u32 dictList(u8 *out, u32 df, bool freqs, u32 i) {
  u32 n = 0;
  for (; df; df--) {
    u32 tf = 1 + i % 70 * (i % 2);
    if (!freqs || tf == 1) {
      out[n++] = (u8)(i % 60 << 1 | 1);
      if (freqs) out[n++] = 9;
      continue;
    }
    out[n++] = 0x80; /* a gap of two bytes */
    out[n++] = 2;
    out[n++] = (u8)tf;
    for (u32 k = 1; k < tf; k++) out[n++] = (u8)k;
    out[n++] = 0xff; /* the last position has two */
    out[n++] = 1;
  }
  return n;
}

static bool dictSame(const TermMeta *a, const TermMeta *b) {
  return a->df == b->df && a->ttf == b->ttf && a->at == b->at &&
      a->len == b->len && a->ord == b->ord && a->inl == b->inl;
}

/* A walk that asks every `step`th of its terms is told what a look-up finds,
** and each of them once. */
static bool dictWalkMetas(Dict *d, u32 step) {
  DictIter it;
  TermMeta m, n;
  bool good = true;
  snDictIterOpen(&it, d, 0);
  while (good && snDictIterNext(&it)) {
    if (it.ord % step) continue;
    good = !snDictIterMeta(&it, &m) && !snDictMeta(d, it.ord, &n) &&
        dictSame(&m, &n) && snDictIterMeta(&it, &n) == SEINE_CORRUPT;
    if (!good) (void)testNo("meta of a walk", it.ord, step);
  }
  good = good && !it.rc && it.ord + 1 == snDictCount(d);
  snDictIterClose(&it);
  return good;
}

static bool dictMetas(bool freqs) {
  static const u32 dfs[] = {1, 2, 3, 3, 2, 1, 100, 128, 2};
  Part p;
  DictWriter w;
  Buf b;
  Dict *d = NULL;
  u8 list[400] = {0};
  char text[8];
  u64 at = 0, ttf = 0;
  snBufInit(&b, &test_budget);
  partInit(&p);
  snDictWriteInit(&w, &test_budget, true, freqs);
  for (u32 i = 0; i < 100; i++) {
    u32 df = dfs[i % SN_COUNT(dfs)], n = (u32)snprintf(text, 8, "%03u", i);
    u64 t = freqs ? df + (u64)i * i * 1000003u * (i % 4) : df;
    u32 len = df <= 2 ? dictList(list, df, freqs, i) : i * 3;
    snDictWriteAdd(&w, text, n, df, t, list, len);
    ttf += t;
  }
  snDictWriteEnd(&w, 100, &b);
  snSegWriteBuf(&p.w, SEC_TERMS, 4, &b);
  snDictWriteFree(&w);
  snBufClear(&b);
  bool good = partOpen(&p, 128) && !snDictTerms(p.g, 4, &d) && d &&
      snDictTtf(d) == ttf && snDictHasFreqs(d) == freqs;
  for (u32 i = 0; good && i < 100; i++) {
    u32 df = dfs[i % SN_COUNT(dfs)];
    u32 len = df <= 2 ? dictList(list, df, freqs, i) : i * 3;
    TermMeta m;
    good = !snDictMeta(d, i, &m) && m.df == df && m.len == len &&
        m.ttf == (freqs ? df + (u64)i * i * 1000003u * (i % 4) : df);
    if (good && df <= 2)
      good = m.inl && !memcmp(m.inl, list, len);
    else if (good)
      good = !m.inl && m.at == at;
    if (df > 2) at += len;
    if (!good) (void)testNo("meta", i, df);
  }
  TermMeta m;
  good = good && snDictMeta(d, 100, &m) == SEINE_CORRUPT;
  for (u32 step = 1; good && step < 50; step += 6)
    good = dictWalkMetas(d, step);
  Dict *other;
  good = good && !snDictValues(p.g, 4, &other) && !other;
  good = good && !snDictTerms(p.g, 5, &other) && !other;
  good = good && !snDictTerms(p.g, 4, &other) && other == d;
  partClose(&p);
  return good;
}

/* ---- 5 ------------------------------------------------------------------ */

static u32 dictDf(u32 shape, u32 i, u32 n) {
  switch (shape) {
  case 0: return 1;
  case 1: return 1 + i;
  case 2: return n - i;
  case 3: return 1 + testRandom(4);
  default: return testRandom(50) ? 1 + testRandom(3) : testRandom(10000) + 1;
  }
}

static int dictBetter(const void *a, const void *b) {
  const DictBest *x = a, *y = b;
  return x->df != y->df ? (x->df > y->df ? -1 : 1)
                        : (x->ord > y->ord) - (x->ord < y->ord);
}

/* The best k of some ranges, and all of those sorted. */
static bool dictTopOf(Dict *d, const u32 *df, u32 n, u32 k) {
  DictBest *want = malloc((n + 1) * sizeof *want);
  DictBest *got = malloc(k * sizeof *got);
  DictTop t = {k, 0, got};
  u32 all = 0, from = testRandom(3) ? testRandom(n) : 0;
  bool good = true;
  for (u32 r = testRandom(3) ? 1 : 3; good && r && from <= n; r--) {
    u32 to = r == 1 && !testRandom(2) ? n : from + testRandom(n - from + 1);
    for (u32 i = from; i < to; i++) want[all++] = (DictBest){df[i], i};
    good = !snDictTopAdd(&t, d, from, to);
    from = to + testRandom(40);
  }
  snDictTopEnd(&t);
  qsort(want, all, sizeof *want, dictBetter);
  good = good && t.n == SN_MIN(k, all);
  for (u32 i = 0; good && i < t.n; i++)
    good = (got[i].df == want[i].df && got[i].ord == want[i].ord) ||
        testNo("best", got[i].ord, want[i].ord);
  free(got);
  free(want);
  return good;
}

static bool dictTops(u32 n, u32 shape) {
  Part p;
  DictWriter w;
  Buf b;
  Dict *d = NULL;
  char text[16];
  u32 *df = malloc(n * sizeof *df);
  snBufInit(&b, &test_budget);
  partInit(&p);
  snDictWriteInit(&w, &test_budget, true, shape % 2);
  for (u32 i = 0; i < n; i++) {
    u32 len = (u32)snprintf(text, sizeof text, "%07u", i);
    u8 list[200];
    df[i] = dictDf(shape, i, n);
    u32 bytes = df[i] <= 2 ? dictList(list, df[i], shape % 2, i) : 3;
    snDictWriteAdd(&w, text, len, df[i], df[i], list, bytes);
  }
  snDictWriteEnd(&w, 100000, &b);
  snSegWriteBuf(&p.w, SEC_TERMS, 4, &b);
  snDictWriteFree(&w);
  snBufClear(&b);
  bool good = partOpen(&p, 100000) && !snDictTerms(p.g, 4, &d) && d;
  for (u32 i = 0; good && i < 60; i++)
    good = dictTopOf(d, df, n, i % 3 ? 1 + testRandom(9) : 1 + testRandom(n));
  DictBest one;
  DictTop t = {1, 0, &one};
  good = good && snDictTopAdd(&t, d, 0, n + 1) == SEINE_CORRUPT;
  partClose(&p);
  free(df);
  return good;
}

static void dictAllTops(void) {
  static const u32 sizes[] = {1, 31, 33, 991, 993, 1024, 1025, 7000, 40000};
  for (u32 shape = 0; shape < 5; shape++) {
    bool good = true;
    for (u32 i = 0; good && i < SN_COUNT(sizes); i++)
      good = dictTops(sizes[i], shape) || testNo("terms", sizes[i], shape);
    testOk(good, "the most frequent terms of ranges");
  }
}

int main(int argc, char **argv) {
  testSeed(argc, argv);
  dictSets();
  dictCached(false);
  dictCached(true);
  dictPrints();
  testOk(dictMetas(false), "counts and places of lists");
  testOk(dictMetas(true), "with occurrences above 2^32");
  dictAllTops();
  return testDone();
}
