/*
** damage_test: a posting list that cannot be decoded is never a list that has
** ended.
**   1 whole lists: every shape of query finds documents
**   2 one block of the long list is broken in memory, behind the checksums:
**     a search that comes to it is CORRUPT, whichever way it came (block by
**     block, by seeking, as a bitmap); one that does not come to it, answers
**     as before
*/
#include "match/one.h"

#define DOCS 30000

/* "common" stands in two of three documents, "rare" in every 500th, "some"
** in every 40th; lengths and frequencies vary. */
static void testWords(Buf *b, u32 doc) {
  snBufPrintf(b, "x%u", doc % 7);
  for (u32 k = 0; doc % 3 && k <= doc % 5; k++) snBufStr(b, " common");
  if (doc % 500 == 7) snBufStr(b, " rare");
  if (doc % 40 == 7) snBufStr(b, " some");
}

/* The tag of block b of a term; the bytes are private memory. */
static u8 *testTag(const char *term, u32 b) {
  static Postings p;
  Segment *g = test_view->seg[0];
  u32 column = test_view->table->col[0].id, ord;
  Dict *d = NULL;
  u8 *tag = NULL;
  if (snDictTerms(g, column, &d) || !d) return NULL;
  if (snDictFind(d, term, (u32)strlen(term), &ord)) return NULL;
  if (snPostOpen(g, column, d, ord, &p)) return NULL;
  if (b < p.nblocks && p.off)
    tag = (u8 *)(uintptr_t)(p.data + snGet32(p.off + 4 * (size_t)b));
  snPostClose(&p);
  return tag;
}

/* The best k with their scores, or all matches by windows when k is 0: how
** many, and a hash of them. */
typedef struct TestAnswer { u32 n; u64 hash; } TestAnswer;

static int testRun(const char *text, u32 k, TestAnswer *out) {
  static Hit hits[DOCS];
  Budget *budget = snSessionBudget(test_session);
  Matcher *m = NULL;
  Query *q;
  Arena a;
  u32 w = 0, n = 0;
  memset(out, 0, sizeof *out);
  snArenaInit(&a, budget);
  int rc = testQuery(&a, text, &q);
  if (!rc) rc = snMatcherOpen(budget, test_view, q,
        k > 0 ? SIM_BM25 : SIM_NONE, NULL, &m);
  if (!rc && k) rc = snTopK(m, k, NULL, NULL, hits, &n, NULL, NULL);
  if (!rc && !k) rc = snMatcherSegment(m, 0);
  while (!rc && !k) {
    u64 bits[SN_WORDS] = {0};
    rc = snMatcherSeek(m, w, &w);
    if (rc || w == DOC_END) break;
    rc = snMatcherFill(m, w++, bits);
    n += snBitsCount(bits, SN_WORDS);
    out->hash = snHash(bits, sizeof bits, out->hash + w);
  }
  if (k) out->hash = snHash(hits, n * sizeof *hits, 0);
  out->n = n;
  snMatcherClose(m);
  snArenaClear(&a);
  return rc;
}

static const char *const test_queries[] = {
  "common", "rare common", "+rare +common", "+rare common", "+common rare",
  "some common rare", "+some +common rare", "+some +rare +common",
  "common -rare", "+common some -rare", "\"some common\" rare common",
};
static const u32 test_ks[] = {0, 1, 10, 100, 1000, DOCS};

/* With block b of "common" broken: how many searches said so, and whether
** any that did not has another answer. */
static bool testBroken(u32 b, const TestAnswer *whole, u32 *told) {
  u8 *tag = testTag("common", b), was;
  bool good = tag != NULL;
  u32 at = 0;
  *told = 0;
  if (!good) return false;
  was = *tag;
  *tag = 0xff;
  for (u32 i = 0; i < SN_COUNT(test_queries); i++) {
    for (u32 k = 0; k < SN_COUNT(test_ks); k++, at++) {
      TestAnswer x;
      int rc = testRun(test_queries[i], test_ks[k], &x);
      if (rc == SEINE_CORRUPT) {
        ++*told;
      } else if (rc || x.n != whole[at].n || x.hash != whole[at].hash) {
        printf("# block %u, %s, best %u: rc %d, %u hits, whole %u\n", b,
            test_queries[i], test_ks[k], rc, x.n, whole[at].n);
        good = false;
      }
    }
  }
  *tag = was;
  return good;
}

int main(void) {
  static TestAnswer whole[SN_COUNT(test_queries) * SN_COUNT(test_ks)];
  static const u32 blocks[] = {0, 1, 20, 40, 77};
  const char *path = "damage_test.db";
  bool good = true;
  u32 at = 0, told;
  remove(path);
  testOk(testMake(path, DOCS, testWords) && testOpen(path, true),
      "a segment with a long list");
  if (test_failed) goto done;
  for (u32 i = 0; i < SN_COUNT(test_queries); i++)
    for (u32 k = 0; k < SN_COUNT(test_ks); k++, at++)
      good = good && !testRun(test_queries[i], test_ks[k], whole + at) &&
          whole[at].n > 0;
  testOk(good, "every search finds something");
  for (u32 i = 0; i < SN_COUNT(blocks); i++) {
    good = testBroken(blocks[i], whole, &told);
    printf("# block %u: %u of %u searches came to it\n", blocks[i], told, at);
    testOk(good && told >= 2 * SN_COUNT(test_queries), "a broken block");
  }
done:
  return testDone(path);
}
