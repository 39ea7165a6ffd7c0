/*
** span_test: spans against their definition.
**
**   span_test ?SEED?
**
**   1 100,000 random trees over random positions, several words at one
**     position too: the list of spans is compared with what the plainest
**     search finds.  NEAR and ORDERED: all choices of one span of each part,
**     or, where the parts are unlike and many, the words of spans.c's head
**   2 random trees over stored documents, in one segment or many, alone and
**     beside other clauses: the set, the scores, the best ten
**   3 100,000 positions, trees 100 deep, kids by the thousand
**   4 each allocation fails once
**   5 spans as text
*/
#include "vm/vm.h"
#include "seine.h"
#include <time.h>

static int test_count, test_failed;
static u64 test_seed = 88172645463325252ull;

static void testOk(bool ok, const char *name) {
  printf("%sok %d - %s\n", ok ? "" : "not ", ++test_count, name);
  fflush(stdout);
  test_failed += !ok;
}

static u32 testRandom(u32 below) {
  test_seed ^= test_seed << 13;
  test_seed ^= test_seed >> 7;
  test_seed ^= test_seed << 17;
  return (u32)((test_seed * 0x9e3779b97f4a7c15ull) >> 33) % below;
}

/* ---- trees -------------------------------------------------------------- */

#define WORDS 5
static const char *const test_word[WORDS] = {"a", "b", "c", "d", "e"};

static Query *testTerm(Arena *a, u32 word) {
  Query *q = snQueryNew(a, QUERY_TERM);
  if (!q) exit(2);
  q->text = test_word[word];
  q->len = 1;
  q->column = 0;
  return q;
}

static Query *testSpan(Arena *a, SpanOp op, u32 slop) {
  Query *q = snQueryNew(a, op == SPAN_PHRASE && testRandom(2) ? QUERY_PHRASE
      : QUERY_SPAN);
  if (!q) exit(2);
  if (q->kind == QUERY_SPAN) q->op = (u8)op;
  q->slop = op == SPAN_PHRASE ? 0 : slop;
  return q;
}

/* A word or some words: spans of unlike width. */
static Query *testUnlike(Arena *a) {
  Query *q = testSpan(a, SPAN_OR, 0), *kid = testSpan(a, SPAN_ORDERED, 9);
  for (u32 i = 0; i < 2; i++)
    snQueryAdd(kid, testTerm(a, testRandom(WORDS)), OCCUR_SHOULD);
  snQueryAdd(q, kid, OCCUR_SHOULD);
  snQueryAdd(q, testTerm(a, testRandom(WORDS)), OCCUR_SHOULD);
  return q;
}

static Query *testTree(Arena *a, u32 depth) {
  SpanOp op = (SpanOp)testRandom(SPAN_EXCEPT + 1);
  bool unlike = (op == SPAN_NEAR || op == SPAN_ORDERED) && !testRandom(4);
  u32 n = 2, pos = 0;
  Query *q;
  if (!depth || !testRandom(4)) return testTerm(a, testRandom(WORDS));
  q = testSpan(a, op, op == SPAN_FIRST ? testRandom(16) : testRandom(7));
  if (op == SPAN_FIRST) n = 1;
  if (op < SPAN_FIRST) n = 1 + testRandom(3) + (testRandom(5) == 0);
  if (op == SPAN_NEAR && !testRandom(4)) n = 4 + testRandom(5);
  if (op == SPAN_OR && !testRandom(4)) n = testRandom(9);
  if (unlike) n = 3 + testRandom(3), q->slop += 3;
  for (u32 i = 0; i < n; i++) {
    Query *kid = q->kind == QUERY_PHRASE ? testTerm(a, testRandom(WORDS))
        : unlike && testRandom(3) ? testUnlike(a)
        : testTree(a, n > 4 ? SN_MIN(depth - 1, testRandom(2)) : depth - 1);
    if (i && testRandom(6)) pos += testRandom(8) ? 1 : 2;
    kid->pos = pos;
    snQueryAdd(q, kid, OCCUR_SHOULD);
  }
  return q;
}

static void testPrint(const Query *q) {
  static const char *const name[] = {"OR", "PHRASE", "NEAR", "ORDERED",
      "FIRST", "WITHIN", "CONTAINING", "EXCEPT"};
  if (q->kind == QUERY_TERM) {
    printf("%s", q->text);
    return;
  }
  printf("%s/%u(", name[snSpanOp(q)], q->slop);
  for (const Query *k = q->kids; k; k = k->next) {
    testPrint(k);
    if (snSpanOp(q) == SPAN_PHRASE) printf("@%u", k->pos);
    printf(k->next ? " " : ")");
  }
  if (!q->kids) printf(")");
}

/* ---- the plainest search ------------------------------------------------ */

#define MOST 40000

typedef struct Set { u32 n; Span *at; } Set;

static Arena test_sets;

static Set setNew(u32 cap) {
  Set s = {0, snArenaAlloc(&test_sets, (cap + 1ull) * sizeof(Span))};
  if (!s.at) exit(2);
  return s;
}

static bool setHolds(Span a, Span b) {
  return a.first <= b.first && a.last >= b.last;
}

static bool setSame(Span a, Span b) {
  return a.first == b.first && a.last == b.last;
}

/* In order, none that holds another; of equals the one with fewest gaps. */
static Set setLeast(Set all) {
  Set out = setNew(all.n);
  for (u32 i = 0; i < all.n; i++) {
    Span x = all.at[i];
    bool good = true;
    u32 at;
    for (u32 k = 0; k < all.n && good; k++) {
      Span y = all.at[k];
      if (!setSame(x, y)) good = !setHolds(x, y);
      else good = y.gaps > x.gaps || (y.gaps == x.gaps && k >= i);
    }
    if (!good) continue;
    for (at = out.n++; at && out.at[at - 1].first > x.first; at--)
      out.at[at] = out.at[at - 1];
    out.at[at] = x;
  }
  return out;
}

static Set setFew(Set s, u32 slop) {
  u32 n = 0;
  for (u32 i = 0; i < s.n; i++)
    if (s.at[i].gaps <= slop) s.at[n++] = s.at[i];
  s.n = n;
  return s;
}

static u32 setWidth(Span s) { return s.last - s.first + 1; }

/* All choices of one span of each kid from i on. */
static void setChoose(const Set *kid, u32 k, u32 i, Span *chosen, bool ordered,
    u32 slop, Set *out) {
  if (i == k) {
    Span v = chosen[0];
    u64 covered = 0;
    for (u32 j = 0; j < k; j++) {
      v.first = SN_MIN(v.first, chosen[j].first);
      v.last = SN_MAX(v.last, chosen[j].last);
      covered += setWidth(chosen[j]);
    }
    v.gaps = (u32)(v.last - v.first + 1ull - covered);
    if (v.gaps <= slop && out->n < MOST) out->at[out->n++] = v;
    return;
  }
  for (u32 x = 0; x < kid[i].n; x++) {
    Span s = kid[i].at[x];
    bool good = true;
    for (u32 j = 0; j < i; j++) {
      Span t = chosen[j];
      good = good && (s.first > t.last || (!ordered && s.last < t.first));
    }
    if (!good) continue;
    chosen[i] = s;
    setChoose(kid, k, i + 1, chosen, ordered, slop, out);
  }
}

/* x·y: the least, then those with few gaps. */
static Set setJoin(Set x, Set y, u32 slop) {
  Set all = setNew(x.n * y.n);
  for (u32 i = 0; i < x.n; i++)
    for (u32 k = 0; k < y.n; k++) {
      Span a = x.at[i], b = y.at[k];
      if (a.last >= b.first) continue;
      all.at[all.n++] = (Span){a.first, b.last,
          a.gaps + b.first - a.last - 1};
    }
  return setFew(setLeast(all), slop);
}

static Set setUnion(Set x, Set y) {
  Set all = setNew(x.n + y.n);
  for (u32 i = 0; i < x.n; i++) all.at[all.n++] = x.at[i];
  for (u32 i = 0; i < y.n; i++) all.at[all.n++] = y.at[i];
  return setLeast(all);
}

static Set setNear(const Set *kid, u32 set, u32 slop) {
  Set all = setNew(0);
  if (!(set & (set - 1))) return kid[__builtin_ctz(set)];
  for (u32 i = 0; set >> i; i++)
    if (set >> i & 1)
      all = setUnion(all, setJoin(setNear(kid, set ^ 1u << i, slop), kid[i],
          slop));
  return all;
}

static bool setIsWord(const Query *q) { return q->kind == QUERY_TERM; }

/* [first, last] has a span of each kid, and equal words have different ones:
** how many positions the last ones cover, or 0. */
static u64 setHas(const Query *q, const Set *kid, u32 first, u32 last) {
  u64 covered = 0;
  u32 i = 0;
  for (const Query *k = q->kids; k; k = k->next, i++) {
    u32 before = 0, j = 0;
    for (const Query *o = q->kids; o != k; o = o->next)
      before += setIsWord(o) && setIsWord(k) && o->text[0] == k->text[0];
    for (j = kid[i].n; j > 0; j--) {
      Span s = kid[i].at[j - 1];
      if (s.last > last) continue;
      if (s.first < first) return 0;
      if (before-- == 0) break;
    }
    if (!j) return 0;
    covered += setWidth(kid[i].at[j - 1]);
  }
  return covered;
}

static Set setMany(const Query *q, const Set *kid, u32 k) {
  Set all = setNew(MOST);
  for (u32 a = 0; a < k; a++)
    for (u32 b = 0; b < k; b++)
      for (u32 i = 0; i < kid[a].n; i++)
        for (u32 j = 0; j < kid[b].n; j++) {
          Span v = {kid[a].at[i].first, kid[b].at[j].last, 0};
          u64 covered;
          if (v.first > v.last) continue;
          covered = setHas(q, kid, v.first, v.last);
          if (!covered || all.n == MOST) continue;
          if (setWidth(v) > covered) v.gaps = (u32)(setWidth(v) - covered);
          all.at[all.n++] = v;
        }
  return setFew(setLeast(all), q->slop);
}

static bool setAlike(const Set *kid, u32 k) {
  for (u32 i = 0; i < k; i++)
    for (u32 j = 1; j < kid[i].n; j++)
      if (setWidth(kid[i].at[j]) != setWidth(kid[i].at[0])) return false;
  return true;
}

static u64 choices_tried, joins_tried, many_tried, spans_found;

static Set setTogether(const Query *q, Set *kid, u32 k) {
  bool ordered = snSpanOp(q) == SPAN_ORDERED;
  Span chosen[16];
  u64 product = 1;
  for (u32 i = 0; i < k; i++) {
    product *= kid[i].n + 1;
    for (u32 j = 0; j < kid[i].n; j++) kid[i].at[j].gaps = 0;
  }
  if (k > 5 && !ordered) {
    many_tried++;
    return setMany(q, kid, k);
  }
  if (product < MOST && (k < 3 || setAlike(kid, k))) {
    Set all = setNew(MOST);
    choices_tried++;
    setChoose(kid, k, 0, chosen, ordered, q->slop, &all);
    return setLeast(all);
  }
  joins_tried++;
  if (!ordered) return setNear(kid, (1u << k) - 1, q->slop);
  for (u32 i = 1; i < k; i++) kid[0] = setJoin(kid[0], kid[i], q->slop);
  return kid[0];
}

static Set setPhrase(const Query *q, const Set *kid) {
  Set all = setNew(kid[0].n);
  for (u32 i = 0; i < kid[0].n; i++) {
    Span v = kid[0].at[i];
    const Query *k = q->kids;
    bool good = true;
    for (u32 j = 0; k; k = k->next, j++) {
      bool some = false;
      for (u32 x = 0; x < kid[j].n; x++) {
        Span s = kid[j].at[x];
        if (s.first - kid[0].at[i].first != k->pos - q->kids->pos) continue;
        some = true;
        v.last = SN_MAX(v.last, s.last);
      }
      good = good && some;
    }
    v.gaps = 0;
    if (good) all.at[all.n++] = v;
  }
  return setLeast(all);
}

static bool setKeeps(const Query *q, Span x, Set y) {
  bool any = false;
  for (u32 k = 0; k < y.n; k++) {
    Span s = y.at[k];
    if (q->op == SPAN_WITHIN) any |= setHolds(s, x);
    else if (q->op == SPAN_CONTAINING) any |= setHolds(x, s);
    else any |= s.first <= x.last && x.first <= s.last;
  }
  return q->op == SPAN_EXCEPT ? !any : any;
}

static Set setOf(const Query *q, const Set *word) {
  Set kid[16], out;
  u32 k = 0, n = 0;
  if (setIsWord(q)) {
    out = setNew(word[q->text[0] - 'a'].n);
    return setUnion(out, word[q->text[0] - 'a']);
  }
  for (const Query *t = q->kids; t; t = t->next) kid[k++] = setOf(t, word);
  switch (snSpanOp(q)) {
    case SPAN_OR:
      out = setNew(0);
      for (u32 i = 0; i < k; i++) out = setUnion(out, kid[i]);
      return out;
    case SPAN_PHRASE: return setPhrase(q, kid);
    case SPAN_NEAR: case SPAN_ORDERED: return setTogether(q, kid, k);
    case SPAN_FIRST:
      for (u32 i = 0; i < kid[0].n; i++)
        if (kid[0].at[i].last < q->slop) kid[0].at[n++] = kid[0].at[i];
      break;
    default:
      for (u32 i = 0; i < kid[0].n; i++)
        if (setKeeps(q, kid[0].at[i], kid[1])) kid[0].at[n++] = kid[0].at[i];
  }
  kid[0].n = n;
  return kid[0];
}

/* ---- 1. lists of spans -------------------------------------------------- */

static bool testLists(Spans *s, const Query *q, const Set *word) {
  const Span *got;
  u32 n, pos[WORDS][64];
  Set want = setOf(q, word);
  for (u32 w = 0; w < WORDS; w++)
    for (u32 i = 0; i < word[w].n; i++) pos[w][i] = word[w].at[i].first;
  for (u32 i = 0; i < s->nword; i++) {
    u32 w = (u32)(s->word[i].q->text[0] - 'a');
    s->word[i].pos = pos[w];
    s->word[i].n = word[w].n;
    if (s->word[i].times && want.n > s->word[i].times * word[w].n) {
      printf("# %u spans of %u positions\n", want.n, word[w].n);
      return false;
    }
  }
  if (snSpansRun(s, &got, &n)) exit(2);
  bool good = n == want.n && (!n || !memcmp(got, want.at, n * sizeof *got));
  spans_found += n;
  for (u32 i = 0; !good && i < n; i++)
    printf("# got %u-%u, %u gaps\n", got[i].first, got[i].last, got[i].gaps);
  for (u32 i = 0; !good && i < want.n; i++)
    printf("# want %u-%u, %u gaps\n", want.at[i].first, want.at[i].last,
        want.at[i].gaps);
  return good;
}

/* Each word at some of the positions from base on; stacked: a position may
** have several. */
static void testPositions(Set *word, u32 base, bool stacked) {
  u32 n = 1 + testRandom(16), rare = 2 + testRandom(4);
  for (u32 w = 0; w < WORDS; w++) word[w] = setNew(n);
  for (u32 p = 0; p < n; p++) {
    u32 one = testRandom(WORDS + 1);
    for (u32 w = 0; w < WORDS; w++) {
      bool here = stacked ? !testRandom(rare) : w == one;
      if (here) word[w].at[word[w].n++] = (Span){base + p, base + p, 0};
    }
  }
}

static void testListsAll(void) {
  Budget budget = {0};
  bool good = true;
  for (u32 round = 0; round < 20000 && good; round++) {
    Arena a;
    Spans s;
    Query *q;
    snArenaInit(&a, &budget);
    q = testTree(&a, 1 + testRandom(3));
    if (snSpansInit(&s, &budget, &a, q)) exit(2);
    for (u32 i = 0; i < 5 && good; i++) {
      Set word[WORDS];
      testPositions(word, testRandom(8) ? 0 : UINT32_MAX - 16, testRandom(2));
      good = testLists(&s, q, word);
      for (u32 w = 0; w < WORDS && !good; w++)
        for (u32 k = 0; k < word[w].n; k++)
          printf("# %s %u\n", test_word[w], word[w].at[k].first);
      snArenaClear(&test_sets);
    }
    if (!good) printf("# "), testPrint(q), printf("\n");
    snSpansClear(&s);
    snArenaClear(&a);
  }
  printf("# %llu spans; %llu by choices, %llu by joins, %llu of many\n",
      (unsigned long long)spans_found, (unsigned long long)choices_tried,
      (unsigned long long)joins_tried, (unsigned long long)many_tried);
  testOk(good, "100,000 lists of spans");
  testOk(choices_tried > 10000 && joins_tried > 1000 && many_tried > 1000 &&
      spans_found > 100000, "of all kinds");
  testOk(!budget.used, "no memory left behind");
}

/* ---- 2. documents ------------------------------------------------------- */

#define DOCS 60

typedef struct Doc { u32 n; u8 word[40]; } Doc;
static Doc docs[DOCS];
static u32 ndocs;
static Session *test_session;
static View *test_view;

static bool testStore(void) {
  static char sql[32768];
  seine *db = NULL;
  u32 at = 0, each = 1 + testRandom(DOCS);
  bool good = !seine_open_v2("span.db", &db, SEINE_OPEN_READWRITE |
      SEINE_OPEN_CREATE, "memory") && !seine_exec(db,
      "PRAGMA auto_merge = off; DROP TABLE IF EXISTS t;"
      "CREATE TABLE t(b TEXT ANALYZER whitespace)", NULL, NULL, NULL);
  ndocs = 1 + testRandom(DOCS);
  for (u32 d = 0; d < ndocs && good; d++) {
    Doc *x = docs + d;
    x->n = testRandom(8) ? testRandom(14) : testRandom(40);
    at += (u32)snprintf(sql + at, sizeof sql - at, "%s ('",
        at ? "," : "INSERT INTO t VALUES");
    for (u32 i = 0; i < x->n; i++) {
      u32 u = testRandom(WORDS), v = testRandom(WORDS + 2);
      x->word[i] = (u8)SN_MIN(u, v);
      at += (u32)snprintf(sql + at, sizeof sql - at, "%s ",
          test_word[x->word[i]]);
    }
    at += (u32)snprintf(sql + at, sizeof sql - at, "')");
    if (d % each && d + 1 < ndocs) continue;
    good = !seine_exec(db, sql, NULL, NULL, NULL);
    at = 0;
  }
  if (!good) printf("# %s\n", seine_errmsg(db));
  seine_close(db);
  return good;
}

static bool testOpen(void) {
  StoreConfig c = {.vfs = snOsMemory(), .path = "span.db"};
  return !snSessionOpen(&c, &test_session) &&
      !snSessionRefresh(test_session) &&
      !snSessionView(test_session, "t", &test_view);
}

static void testCloseAll(void) {
  snViewDrop(test_view);
  snSessionClose(test_session);
}

static u32 testNumber(Query *q, u32 n) {
  for (Query *k = q->kids; k; k = k->next) n = testNumber(k, n);
  if (q->kind == QUERY_TERM || q->kind == QUERY_PHRASE ||
      q->kind == QUERY_SPAN)
    q->id = n++;
  return n;
}

/* Lucene's BM25 from the documents themselves. */
static float testIdf(u32 word) {
  double N = 0, n = 0;
  for (u32 d = 0; d < ndocs; d++) {
    N += docs[d].n > 0;
    n += docs[d].n && memchr(docs[d].word, (int)word, docs[d].n) != NULL;
  }
  return (float)log(1.0 + (N - n + 0.5) / (n + 0.5));
}

static double testIdfs(const Query *q) {
  double idf = 0;
  if (setIsWord(q)) return (double)testIdf((u32)(q->text[0] - 'a'));
  for (const Query *k = q->kids; k; k = k->next) {
    idf += testIdfs(k);
    if (snSpanOp(q) == SPAN_EXCEPT) break;
  }
  return idf;
}

static float testBm25(float weight, float tf, u32 length) {
  float N = 0, total = 0;
  for (u32 d = 0; d < ndocs; d++) {
    N += docs[d].n > 0;
    total += (float)docs[d].n;
  }
  float inv = 1.0f / (1.2f * (0.25f + 0.75f * (float)length / (total / N)));
  return weight - weight / (1.0f + tf * inv);
}

/* Booleans with all kids MUST but those that are NOT; else a word or span. */
static bool testMatches(const Query *q, const Doc *d, double *score) {
  Set word[WORDS], got;
  float tf = 0;
  *score = 0;
  if (q->kind == QUERY_BOOL) {
    for (const Query *k = q->kids; k; k = k->next) {
      double s;
      bool is = testMatches(k, d, &s);
      if (is == (k->occur == OCCUR_NOT)) return false;
      if (is) *score += s;
    }
    return true;
  }
  for (u32 w = 0; w < WORDS; w++) word[w] = setNew(d->n);
  for (u32 i = 0; i < d->n; i++) {
    Set *s = word + d->word[i];
    s->at[s->n++] = (Span){i, i, 0};
  }
  got = setOf(q, word);
  for (u32 i = 0; i < got.n; i++) tf += 1.0f / (1.0f + (float)got.at[i].gaps);
  *score = (double)testBm25((float)testIdfs(q), tf, d->n);
  return got.n > 0;
}

static bool testNearly(double a, double b) {
  return fabs(a - b) <= 1e-5 * SN_MAX(fabs(a), fabs(b)) + 1e-9;
}

/* All matches with their scores, and the best ten of them. */
static int testAsk(const Query *q, double *score, Hit *top, u32 *ntop,
    u64 *count) {
  Budget *budget = snSessionBudget(test_session);
  static double out[SN_WINDOW];
  Matcher *m = NULL;
  u32 base = 0;
  int rc = snMatcherOpen(budget, test_view, q, SIM_BM25, NULL, &m);
  for (u32 d = 0; d < ndocs; d++) score[d] = -1;
  for (u32 s = 0; s < test_view->n && !rc; s++) {
    u64 bits[SN_WORDS] = {0};
    u32 w = 0, n = snSegmentDocs(test_view->seg[s]);
    rc = snMatcherSegment(m, s);
    if (!rc) rc = snMatcherSeek(m, 0, &w);
    if (!rc && w == 0) rc = snMatcherFill(m, 0, bits);
    if (!rc && w == 0) rc = snMatcherScores(m, 0, bits, out);
    for (u32 d = 0; d < n && !rc; d++)
      if (snBit(bits, d)) score[base + d] = out[d];
    base += n;
  }
  if (!rc) rc = snMatcherCount(m, count);
  if (!rc) rc = snTopK(m, 10, NULL, NULL, top, ntop, NULL, NULL);
  snMatcherClose(m);
  return rc;
}

/* The best are in order, have their scores, and nothing better is left. */
static bool testTop(const double *score, const Hit *top, u32 n, u64 count) {
  bool taken[DOCS] = {false};
  double least = INFINITY;
  if (n != SN_MIN(count, 10)) return false;
  for (u32 i = 0; i < n; i++) {
    u32 d = top[i].doc;
    for (u32 s = 0; s < top[i].seg; s++)
      d += snSegmentDocs(test_view->seg[s]);
    if (taken[d] || score[d] != (double)top[i].score) return false;
    if (score[d] > least) return false;
    taken[d] = true;
    least = score[d];
  }
  for (u32 d = 0; d < ndocs; d++)
    if (!taken[d] && n == 10 && score[d] > least) return false;
  return true;
}

static u64 pairs_tried, pairs_matched;

static bool testQuery(const Query *q) {
  double score[DOCS];
  Hit top[10];
  u32 ntop = 0;
  u64 count = 0, n = 0;
  int rc = testAsk(q, score, top, &ntop, &count);
  if (rc) {
    printf("# rc %d\n", rc);
    return false;
  }
  for (u32 d = 0; d < ndocs; d++) {
    double want;
    bool is = testMatches(q, docs + d, &want);
    pairs_tried++;
    n += is;
    snArenaClear(&test_sets);
    if (is == (score[d] >= 0) && (!is || testNearly(want, score[d]))) continue;
    printf("# document %u: score %g, wanted %g\n", d, score[d],
        is ? want : -1);
    return false;
  }
  pairs_matched += n;
  if (count != n) printf("# count %llu\n", (unsigned long long)count);
  bool good = testTop(score, top, ntop, n);
  if (!good) printf("# the best ten\n");
  return good && count == n;
}

static Query *testClauses(Arena *a) {
  Query *q = testTree(a, 1 + testRandom(3)), *all;
  if (testRandom(3)) return q;
  all = snQueryNew(a, QUERY_BOOL);
  snQueryAdd(all, q, OCCUR_MUST);
  snQueryAdd(all, testTree(a, testRandom(2)), OCCUR_MUST);
  if (testRandom(2)) snQueryAdd(all, testTree(a, testRandom(3)), OCCUR_NOT);
  return all;
}

static void testDocuments(u32 collections) {
  bool good = true;
  for (u32 c = 0; c < collections && good; c++) {
    good = testStore() && testOpen();
    for (u32 i = 0; i < 30 && good; i++) {
      Arena a;
      snArenaInit(&a, NULL);
      Query *q = testClauses(&a);
      testNumber(q, 0);
      good = testQuery(q);
      if (!good && q->kind == QUERY_BOOL) {
        printf("# clauses:\n");
        for (const Query *k = q->kids; k; k = k->next)
          printf("# %u ", k->occur), testPrint(k), printf("\n");
      } else if (!good) {
        printf("# "), testPrint(q), printf("\n");
      }
      snArenaClear(&a);
    }
    testCloseAll();
  }
  printf("# %llu pairs of a query and a document, %llu match\n",
      (unsigned long long)pairs_tried, (unsigned long long)pairs_matched);
  testOk(good, "documents, scores and the best ten");
  testOk(pairs_matched * 20 > pairs_tried, "many match");
}

/* ---- 3. hostile --------------------------------------------------------- */

#define LONG 100000

static u32 long_pos[WORDS][LONG];

/* Seconds and bytes for a tree over words at every position. */
static void testLong(const Query *q, Arena *a, double most, i64 bytes,
    const char *name) {
  Budget budget = {0};
  const Span *out;
  Spans s;
  u32 n = 0;
  clock_t from = clock();
  int rc = snSpansInit(&s, &budget, a, q);
  for (u32 i = 0; i < s.nword; i++) {
    s.word[i].pos = long_pos[s.word[i].q->text[0] - 'a'];
    s.word[i].n = LONG;
  }
  if (!rc) rc = snSpansRun(&s, &out, &n);
  double took = (double)(clock() - from) / CLOCKS_PER_SEC;
  i64 peak = budget.peak;
  snSpansClear(&s);
  printf("# %s: %u spans, %.2f s, %lld KB\n", name, n, took,
      (long long)peak / 1024);
  testOk(!rc && n && took < most && peak < bytes && !budget.used, name);
}

static void testHostile(void) {
  static const SpanOp deep[] = {SPAN_OR, SPAN_NEAR, SPAN_ORDERED, SPAN_PHRASE,
      SPAN_CONTAINING};
  Arena a;
  Query *q;
  for (u32 w = 0; w < WORDS; w++)
    for (u32 i = 0; i < LONG; i++) long_pos[w][i] = i;
  snArenaInit(&a, NULL);
  q = testSpan(&a, SPAN_NEAR, 4);
  for (u32 w = 0; w < 5; w++) snQueryAdd(q, testTerm(&a, w), OCCUR_SHOULD);
  testLong(q, &a, 10, 128 << 20, "five words, all at each position");
  for (u32 k = 0; k < SN_COUNT(deep); k++) {
    q = testTerm(&a, 0);
    for (u32 i = 0; i < 100; i++) {
      Query *up = snQueryNew(&a, QUERY_SPAN);
      up->op = (u8)deep[k];
      up->slop = 1000;
      snQueryAdd(up, q, OCCUR_SHOULD);
      snQueryAdd(up, testTerm(&a, i % WORDS), OCCUR_SHOULD);
      up->last->pos = 1;
      if (deep[k] == SPAN_CONTAINING) up->last->text = "a";
      q = up;
    }
    testLong(q, &a, 10, 64 << 20, "a tree 100 deep");
  }
  q = testSpan(&a, SPAN_NEAR, 1000);
  for (u32 i = 0; i < 1000; i++)
    snQueryAdd(q, testTerm(&a, 0), OCCUR_SHOULD);
  testLong(q, &a, 10, 64 << 20, "a word 1,000 times");
  q = snQueryNew(&a, QUERY_SPAN);
  q->op = SPAN_OR;
  for (u32 i = 0; i < 100; i++)
    snQueryAdd(q, testTerm(&a, i % WORDS), OCCUR_SHOULD);
  testLong(q, &a, 10, 64 << 20, "100 words of an OR");
  snArenaClear(&a);
}

/* ---- 4. want of memory -------------------------------------------------- */

static void testMemory(void) {
  bool good = testStore() && testOpen(), whole = false;
  Budget *budget = good ? snSessionBudget(test_session) : NULL;
  u32 rounds = 0;
  for (u32 i = 0; i < 20 && good; i++) {
    Arena a;
    snArenaInit(&a, NULL);
    Query *q = testClauses(&a);
    testNumber(q, 0);
    whole = false;
    for (i64 k = 1; good && !whole; k++, rounds++) {
      double score[DOCS];
      Hit top[10];
      u64 count;
      u32 n;
      snFaultMem(k, false);
      int rc = testAsk(q, score, top, &n, &count);
      snFaultMem(0, false);
      whole = !rc;
      good = !rc || rc == SEINE_NOMEM;
    }
    /* what is still held now, the segments need */
    i64 used = budget->used;
    good = good && testQuery(q) && budget->used == used;
    snArenaClear(&a);
  }
  testCloseAll();
  printf("# %u rounds\n", rounds);
  testOk(good && rounds > 100, "each allocation fails once");
}

/* ---- 5. text ------------------------------------------------------------ */

static Query *testOf(Arena *a, QueryKind kind, SpanOp op, u32 slop, Query *x,
    Query *y) {
  Query *q = snQueryNew(a, kind);
  if (!q) exit(2);
  q->op = (u8)op;
  q->slop = slop;
  snQueryAdd(q, x, OCCUR_SHOULD);
  if (y) snQueryAdd(q, y, OCCUR_MUST);
  return q;
}

static void testText(const Query *q, const char *want) {
  static Column col[] = {{1, "body", TYPE_TEXT, false, 0, "standard", NULL,
      NULL}};
  static Table t = {.ncol = 1, .col = col, .name = "t"};
  Buf b;
  snBufInit(&b, NULL);
  snQueryText(q, &t, &b);
  testOk(!strcmp(snBufText(&b), want), want);
  if (strcmp(snBufText(&b), want)) printf("# got %s\n", snBufText(&b));
  snBufClear(&b);
}

static void testTexts(void) {
  Query *x, *y;
  Arena a;
  snArenaInit(&a, NULL);
  x = testOf(&a, QUERY_SPAN, SPAN_NEAR, 5, testTerm(&a, 0), testTerm(&a, 1));
  testText(x, "body:NEAR(a b, 5)");
  y = testOf(&a, QUERY_PHRASE, SPAN_OR, 0, testTerm(&a, 2), testTerm(&a, 3));
  y->last->pos = 2;
  x = testOf(&a, QUERY_SPAN, SPAN_WITHIN, 0, x, y);
  testText(x, "body:WITHIN(NEAR(a b, 5), \"c ? d\")");
  y = testOf(&a, QUERY_SPAN, SPAN_PHRASE, 0, testTerm(&a, 3), testOf(&a,
      QUERY_SPAN, SPAN_OR, 0, testTerm(&a, 0), testTerm(&a, 1)));
  y->last->pos = 3;
  testText(y, "body:PHRASE(d ? ? OR(a b))");
  y = testOf(&a, QUERY_SPAN, SPAN_ORDERED, 0, y, testTerm(&a, 2));
  y = testOf(&a, QUERY_SPAN, SPAN_EXCEPT, 0, x, y);
  y->boost = 2;
  testText(testOf(&a, QUERY_BOOL, SPAN_OR, 0, testOf(&a, QUERY_SPAN,
      SPAN_FIRST, 7, testOf(&a, QUERY_SPAN, SPAN_CONTAINING, 0,
      testTerm(&a, 4), testTerm(&a, 4)), NULL), y),
      "body:FIRST(CONTAINING(e, e), 7) +body:EXCEPT(WITHIN(NEAR(a b, 5), "
      "\"c ? d\"), ORDERED(PHRASE(d ? ? OR(a b)) c, 0))^2");
  snArenaClear(&a);
}

int main(int argc, char **argv) {
  if (argc > 1) 
    test_seed ^= strtoull(argv[1], NULL, 10) * 0x9e3779b97f4a7c15ull;
  snArenaInit(&test_sets, NULL);
  testListsAll();
  testDocuments(argc > 2 ? (u32)atoi(argv[2]) : 150);
  testHostile();
  testMemory();
  testTexts();
  snArenaClear(&test_sets);
  printf("1..%d\n", test_count);
  return test_failed != 0;
}
