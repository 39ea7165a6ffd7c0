/*
** dict_bytes_test: dictionaries made by hand, most of them damaged in one
** place, and read by each way in.
**   1. damage: who comes by it says CORRUPT, and nobody else
**   2. texts of a dictionary that is too large to be kept decoded, plain and
**      packed
**   3. walks by an automaton, against all terms one by one
**   4. each allocation fails once; a look-up works again when memory is back
**   5. a page that changed on the disk
*/
#include "index/part.h"

/* ---- by hand ------------------------------------------------------------ */

/* One block holds the last terms; the blocks before it are empty, which no
** block may be. */
typedef struct Hand {
  u32 n;             /* terms */
  u8 flags;          /* of dict_write.c */
  Bytes table;       /* of codes */
  Bytes entries, metas;
  u32 metas_at;      /* what the block says of them; 0: the truth */
  u32 cut;           /* bytes that lack at the end */
  u32 blocks;        /* what the head says; 0: the truth */
} Hand;

#define HAND_POST  1u
#define HAND_FREQS 2u
#define HAND_NOPOS 8u
#define HAND_CODED 16u
static const char hand_sought[] = "ab"; /* whose print all terms have */
#define HAND_LEN 2u

static void handPut(const Hand *h, Buf *b) {
  u32 nblocks = (h->n + DICT_BLOCK - 1) / DICT_BLOCK;
  u32 n = h->n - (nblocks - 1) * DICT_BLOCK;
  snBufU32(b, h->n);
  snBufByte(b, h->flags);
  snBufZero(b, 3);
  snBufU64(b, h->n);
  snBufU32(b, h->n);
  snBufU32(b, h->blocks ? h->blocks : nblocks);
  for (u32 i = 0; i < nblocks; i++)
    snBufU64(b, snDictKey(hand_sought, HAND_LEN));
  if (h->flags & HAND_POST) snBufZero(b, 8 * (size_t)nblocks);
  snBufZero(b, 4 * (size_t)nblocks);
  if (h->flags & HAND_CODED) partAdd(b, h->table);
  for (u32 i = 0; i < n; i++)
    snBufByte(b, snDictPrint(hand_sought, HAND_LEN));
  snBufU32(b, h->metas_at ? h->metas_at : n + 4 + h->entries.n);
  partAdd(b, h->entries);
  partAdd(b, h->metas);
  b->n -= h->cut;
}

static Dict *handOpen(Part *p, const Hand *h) {
  Buf b;
  Dict *d = NULL;
  snBufInit(&b, &test_budget);
  partInit(p);
  handPut(h, &b);
  snSegWriteBuf(&p->w, SEC_TERMS, 4, &b);
  snBufClear(&b);
  if (partOpen(p, 100)) p->rc = snDictTerms(p->g, 4, &d);
  return d;
}

/* ---- automata ----------------------------------------------------------- */

/* Accepts terms of `least` bytes or more, all of them in [lo, hi]. */
typedef struct Auto {
  u8 lo, hi;
  u32 least;
  u32 asked, stop;   /* the stop-th question is answered with INTERRUPT */
  u32 *ord, n;       /* those seen, or NULL */
  u32 full;          /* ... at most; more: FULL */
} Auto;

static bool autoStep(void *arg, u32 depth, u8 c) {
  const Auto *a = arg;
  (void)depth;
  return c >= a->lo && c <= a->hi;
}

static u32 autoNext(void *arg, u32 depth, u32 least) {
  const Auto *a = arg;
  (void)depth;
  return least > a->hi ? 256 : SN_MAX(least, a->lo);
}

static bool autoAccepts(void *arg, u32 depth) {
  return depth >= ((const Auto *)arg)->least;
}

static int autoAsk(void *arg) {
  Auto *a = arg;
  return ++a->asked == a->stop ? SEINE_INTERRUPT : SEINE_OK;
}

static int autoSeen(void *arg, u32 ord, const u8 *p, u32 n) {
  Auto *a = arg;
  (void)p, (void)n;
  if (a->ord && a->n < a->full) a->ord[a->n++] = ord;
  else if (a->ord) return SEINE_FULL;
  return SEINE_OK;
}

static int autoWalk(Dict *d, Auto *a, bool asks) {
  return snDictWalk(d, &(DictAutomaton){a, autoStep, autoNext, autoAccepts,
      asks ? autoAsk : NULL, autoSeen});
}

/* ---- 1 ------------------------------------------------------------------ */

typedef enum Way {
  WAY_FIND, WAY_SEEK, WAY_META, WAY_ITER, WAY_ITER_META, WAY_WALK, WAY_TOP,
  WAY_TEXTS
} Way;

static int wayIter(Dict *d, u32 ord, bool meta) {
  DictIter it;
  TermMeta m;
  snDictIterOpen(&it, d, ord);
  int rc = SEINE_OK;
  while (!rc && snDictIterNext(&it))
    if (meta) rc = snDictIterMeta(&it, &m);
  if (!rc && it.rc && snDictIterNext(&it)) rc = SEINE_ERROR; /* it is over */
  if (!rc) rc = it.rc;
  snDictIterClose(&it);
  return rc;
}

static int wayTexts(Dict *d, u32 ord) {
  Arena a;
  DictText t;
  snArenaInit(&a, NULL);
  int rc = snDictTexts(d, &ord, 1, &a, &t);
  snArenaClear(&a);
  return rc;
}

static int wayGo(Dict *d, Way way, u32 ord) {
  Auto all = {0, 255, 0, 0, 0, NULL, 0, 0};
  DictBest best;
  DictTop top = {1, 0, &best};
  TermMeta m;
  u32 got;
  bool exact;
  switch (way) {
  case WAY_FIND: return snDictFind(d, hand_sought, HAND_LEN, &got);
  case WAY_SEEK: return snDictSeek(d, hand_sought, HAND_LEN, &got, &exact);
  case WAY_META: return snDictMeta(d, ord, &m);
  case WAY_ITER: return wayIter(d, ord, false);
  case WAY_ITER_META: return wayIter(d, ord, true);
  case WAY_WALK: return autoWalk(d, &all, false);
  case WAY_TOP: return snDictTopAdd(&top, d, ord, ord + 1);
  default: return wayTexts(d, ord);
  }
}

#define LARGE 65568u /* more than are kept decoded; 32 in the last block */
#define LAST  65536u
#define ONES  "\1a" "\x11" "b" /* a, ab */
#define POSTS (HAND_POST | HAND_FREQS)

static const struct {
  const char *name;
  Hand h;
  Way way;
  u32 ord;
  bool good;
} hand_cases[] = {
  {"two terms are found", {.n = 2, .entries = PART_BYTES(ONES)}, WAY_FIND, 0,
      true},
  {"... and walked", {.n = 2, .entries = PART_BYTES(ONES)}, WAY_WALK, 0, true},
  {"... and iterated", {.n = 2, .entries = PART_BYTES(ONES)}, WAY_ITER, 1,
      true},
  {"a head that is cut", {.n = 2, .entries = PART_BYTES(""), .cut = 30},
      WAY_FIND, 0, false},
  {"fewer blocks than the terms have", {.n = 33, .blocks = 1}, WAY_FIND, 0,
      false},
  {"a table of codes that is cut", {.n = 2, .flags = HAND_CODED,
      .table = PART_BYTES("\xff\1"), .entries = PART_BYTES(ONES)}, WAY_FIND, 0,
      false},
  {"an empty block", {.n = 33, .entries = PART_BYTES("\1a")}, WAY_ITER, 0,
      false},
  {"... before the one of the text", {.n = 33,
      .entries = PART_BYTES("\1b")}, WAY_SEEK, 0, false},
  {"... that is walked", {.n = 33, .entries = PART_BYTES("\1a")}, WAY_WALK, 0,
      false},
  {"... with frequent terms", {.n = 33, .flags = POSTS,
      .entries = PART_BYTES("\1a")}, WAY_TOP, 0, false},
  {"... of a meta", {.n = 33, .flags = POSTS,
      .entries = PART_BYTES("\1a")}, WAY_META, 0, false},
  {"... of a text", {.n = LARGE, .entries = PART_BYTES("\1a")}, WAY_TEXTS, 0,
      false},
  {"a block without its head", {.n = 2, .entries = PART_BYTES(""), .cut = 1},
      WAY_ITER, 0, false},
  {"metas before the entries", {.n = 2, .entries = PART_BYTES(ONES),
      .metas_at = 5}, WAY_ITER, 0, false},
  {"metas behind the block", {.n = 2, .entries = PART_BYTES(ONES),
      .metas_at = 100}, WAY_ITER, 0, false},
  {"a first term that is too long", {.n = 2,
      .entries = PART_BYTES("\x7f" "a")}, WAY_FIND, 0, false},
  {"... and the walk passes over it", {.n = 2,
      .entries = PART_BYTES("\x7f" "a")}, WAY_ITER, 1, false},
  {"... walked by an automaton", {.n = 2,
      .entries = PART_BYTES("\x7f" "a")}, WAY_WALK, 0, false},
  {"a term cut", {.n = 2, .entries = PART_BYTES("\1a\x0f")}, WAY_FIND, 0,
      false},
  {"... behind one that begins as the text", {.n = 3,
      .entries = PART_BYTES("\1a\x11" "a\x25" "b")}, WAY_SEEK, 0, false},
  {"... which texts are made of", {.n = 2, .entries = PART_BYTES("\1a\x0f")},
      WAY_TEXTS, 0, false},
  {"more shared than there is", {.n = 2, .entries = PART_BYTES("\1a\x21" "b")},
      WAY_ITER, 0, false},
  {"... walked by an automaton", {.n = 2,
      .entries = PART_BYTES("\1a\x21" "b")}, WAY_WALK, 0, false},
  {"a code without a symbol", {.n = 2, .flags = HAND_CODED,
      .table = PART_BYTES("\1\1b"), .entries = PART_BYTES("\1a\x11\5")},
      WAY_FIND, 0, false},
  {"... and the one that has it", {.n = 2, .flags = HAND_CODED,
      .table = PART_BYTES("\1\1b"), .entries = PART_BYTES("\1a\x11\0")},
      WAY_FIND, 0, true},
  {"an escape of nothing", {.n = 2, .flags = HAND_CODED,
      .table = PART_BYTES("\0"), .entries = PART_BYTES("\1a\x11\xff")},
      WAY_ITER, 0, false},
  {"... walked by an automaton", {.n = 2, .flags = HAND_CODED,
      .table = PART_BYTES("\0"), .entries = PART_BYTES("\1a\x11\xff")},
      WAY_WALK, 0, false},
  {"metas in order", {.n = 2, .flags = POSTS, .entries = PART_BYTES(ONES),
      .metas = PART_BYTES("\2\1\0\2\1\0")}, WAY_ITER_META, 0, true},
  {"... of frequent terms", {.n = 2, .flags = POSTS,
      .entries = PART_BYTES(ONES), .metas = PART_BYTES("\2\1\0\2\1\0")},
      WAY_TOP, 1, true},
  {"a meta cut in two", {.n = 2, .flags = POSTS, .entries = PART_BYTES(ONES),
      .metas = PART_BYTES("\3")}, WAY_META, 1, false},
  {"... of frequent terms", {.n = 2, .flags = POSTS,
      .entries = PART_BYTES(ONES), .metas = PART_BYTES("\3")}, WAY_TOP, 0,
      false},
  {"... whose first number goes on", {.n = 2, .flags = POSTS,
      .entries = PART_BYTES(ONES), .metas = PART_BYTES("\x86")}, WAY_META, 1,
      false},
  {"metas that end", {.n = 2, .flags = POSTS, .entries = PART_BYTES(ONES),
      .metas = PART_BYTES("\2\1\0")}, WAY_ITER_META, 0, false},
  {"no document", {.n = 2, .flags = POSTS, .entries = PART_BYTES(ONES),
      .metas = PART_BYTES("\0\0\0\0")}, WAY_META, 0, false},
  {"more documents than there are", {.n = 2, .flags = POSTS,
      .entries = PART_BYTES(ONES), .metas = PART_BYTES("\xca\1\1")}, WAY_META,
      0, false},
  {"as many as there are", {.n = 2, .flags = POSTS,
      .entries = PART_BYTES(ONES), .metas = PART_BYTES("\xc8\1\1")}, WAY_META,
      0, true},
  {"occurrences that wrap around", {.n = 2, .flags = POSTS,
      .entries = PART_BYTES(ONES),
      .metas = PART_BYTES("\3\xff\xff\xff\xff\xff\xff\xff\xff\xff\1\1\0")},
      WAY_META, 0, false},
  {"lists of a dictionary that has none", {.n = 2,
      .entries = PART_BYTES(ONES)}, WAY_TOP, 0, false},
  {"... asked on a walk", {.n = 2, .entries = PART_BYTES(ONES)},
      WAY_ITER_META, 0, false},
  {"the meta of no term", {.n = 2, .flags = POSTS,
      .entries = PART_BYTES(ONES), .metas = PART_BYTES("\2\1\0\2\1\0")},
      WAY_META, 2, false},
  {"a text of many", {.n = LARGE, .entries = PART_BYTES(ONES)}, WAY_TEXTS,
      LAST + 1, true},
  {"... of no term", {.n = LARGE, .entries = PART_BYTES(ONES)}, WAY_TEXTS,
      LARGE, false},
  {"... that is cut", {.n = LARGE, .entries = PART_BYTES("\1a\x1f\7")},
      WAY_TEXTS, LAST + 1, false},
  {"... longer than a number says", {.n = LARGE,
      .entries = PART_BYTES("\1a\xf1\xf0\xff\xff\xff\x0f" "b")}, WAY_TEXTS,
      LAST + 1, false},
  {"... that shares more than there is", {.n = LARGE,
      .entries = PART_BYTES("\1a\x21" "b")}, WAY_TEXTS, LAST + 1, false},
  {"... when the terms are packed", {.n = LARGE, .flags = HAND_CODED,
      .table = PART_BYTES("\1\1b"), .entries = PART_BYTES("\1a\x21\0")},
      WAY_TEXTS, LAST + 1, false},
  {"... with a code without a symbol", {.n = LARGE, .flags = HAND_CODED,
      .table = PART_BYTES("\1\1b"), .entries = PART_BYTES("\1a\x11\1")},
      WAY_TEXTS, LAST + 1, false},
};

static void testHands(void) {
  for (u32 i = 0; i < SN_COUNT(hand_cases); i++) {
    Part p;
    Dict *d = handOpen(&p, &hand_cases[i].h);
    int rc = d ? wayGo(d, hand_cases[i].way, hand_cases[i].ord) : p.rc;
    testRc(rc, hand_cases[i].good ? SEINE_OK : SEINE_CORRUPT,
        hand_cases[i].name);
    partClose(&p);
  }
}

/* ---- 2 ------------------------------------------------------------------ */

/* The last block of a large dictionary: each term shares some bytes with the
** one before.  Packed, with no symbol: each byte is escaped. */
static void textBlock(Buf *b, bool coded, DictText *t, Arena *a) {
  u8 text[64];
  u32 n = 0;
  for (u32 i = 0; i < DICT_BLOCK; i++) {
    u32 shared = i ? testRandom(SN_MIN(n, 14) + 1) : 0, more = testRandom(7);
    for (n = shared; n < shared + more; n++) text[n] = (u8)testRandom(256);
    u8 *to = snArenaBytes(a, n + 1);
    memcpy(to, text, n);
    t[i] = (DictText){to, n, 0};
    snBufByte(b, (u8)(i ? shared << 4 | more << coded : more));
    for (u32 k = shared; k < n; k++) {
      if (coded && i) snBufByte(b, 0xff);
      snBufByte(b, text[k]);
    }
  }
}

/* In any order, with repeats, and with neighbours, which go on from what was
** put together last. */
static bool textsSame(Dict *d, const DictText *t) {
  u32 ord[200];
  DictText out[200];
  Arena a;
  bool good = true;
  snArenaInit(&a, NULL);
  for (u32 i = 0; i < 200; i++) {
    u32 was = i ? ord[i - 1] : LAST;
    u32 next = was + testRandom(2);
    ord[i] = testRandom(3) && next < LARGE ? next
                                           : LAST + testRandom(DICT_BLOCK);
  }
  if (snDictTexts(d, ord, 200, &a, out)) good = false;
  for (u32 i = 0; good && i < 200; i++)
    good = out[i].n == t[ord[i] - LAST].n &&
        !memcmp(out[i].p, t[ord[i] - LAST].p, out[i].n);
  snArenaClear(&a);
  return good;
}

static void testTexts(bool coded) {
  bool good = true;
  for (u32 round = 0; good && round < 20; round++) {
    Part p;
    Arena a;
    Buf b;
    DictText t[DICT_BLOCK];
    snArenaInit(&a, NULL);
    snBufInit(&b, NULL);
    textBlock(&b, coded, t, &a);
    Hand h = {.n = LARGE, .flags = coded ? HAND_CODED : 0,
        .table = PART_BYTES("\0"), .entries = {(char *)b.data, (u32)b.n}};
    Dict *d = handOpen(&p, &h);
    good = d && textsSame(d, t);
    partClose(&p);
    snBufClear(&b);
    snArenaClear(&a);
  }
  testOk(good, coded ? "texts of many packed terms" : "texts of many terms");
}

/* ---- 3 ------------------------------------------------------------------ */

/* Terms of a few letters, in order; packed when they have no lists. */
static u32 walkTerms(u8 (*t)[12], u32 *len, u32 n) {
  u32 k = 0;
  for (u32 i = 0; i < n; i++, k++) {
    u32 v = i * 7;
    len[k] = 0;
    for (u32 div = 4096; div; div /= 8)
      t[k][len[k]++] = (u8)('a' + v / div % 8);
    while (len[k] > 2 && t[k][len[k] - 1] == 'a') len[k]--;
  }
  return k;
}

static bool walkOne(Dict *d, u8 (*t)[12], const u32 *len, u32 n, Auto *a) {
  u32 *got = malloc(n * sizeof *got), want = 0;
  a->ord = got;
  a->n = 0;
  a->full = n;
  bool good = !autoWalk(d, a, testRandom(2));
  for (u32 i = 0; good && i < n; i++) {
    bool in = len[i] >= a->least;
    for (u32 k = 0; k < len[i]; k++)
      in = in && t[i][k] >= a->lo && t[i][k] <= a->hi;
    if (!in) continue;
    good = (want < a->n && got[want] == i) || testNo("walked", want, i);
    want++;
  }
  good = good && want == a->n;
  if (good && want > 1) {
    a->n = 0;
    a->full = want - 1;
    good = autoWalk(d, a, false) == SEINE_FULL;
  }
  free(got);
  return good;
}

static void walkWrite(Part *p, u8 (*t)[12], const u32 *len, u32 n) {
  DictWriter w;
  Buf b;
  snBufInit(&b, &test_budget);
  partInit(p);
  snDictWriteInit(&w, &test_budget, false, false);
  for (u32 i = 0; i < n; i++)
    snDictWriteAdd(&w, t[i], len[i], 1, 1, NULL, 0);
  snDictWriteEnd(&w, 9, &b);
  snSegWriteBuf(&p->w, SEC_VALUES, 4, &b);
  snDictWriteFree(&w);
  snBufClear(&b);
}

#define WALKED 4600u

static void testWalks(void) {
  u8 (*t)[12] = malloc(WALKED * sizeof *t);
  u32 *len = malloc(WALKED * sizeof *len);
  u32 n = walkTerms(t, len, WALKED);
  Part p;
  Dict *d = NULL;
  bool good = true;
  walkWrite(&p, t, len, n);
  if (partOpen(&p, 100)) (void)snDictValues(p.g, 4, &d);
  for (u32 lo = 'a'; d && good && lo <= 'h'; lo++)
    for (u32 hi = lo; good && hi <= 'i'; hi++)
      for (u32 least = 0; good && least < 7; least++)
        good = walkOne(d, t, len, n,
            &(Auto){.lo = (u8)lo, .hi = (u8)hi, .least = least});
  testOk(d && good, "walks by automata");
  Auto none = {.lo = 'x', .hi = 'y', .least = 1, .ord = len, .full = 0};
  Auto low = {.lo = 1, .hi = 2, .least = 1, .ord = len, .full = 0};
  testOk(d && !autoWalk(d, &none, true) && none.asked <= 1,
      "of what is behind all terms one block is read");
  testOk(d && !autoWalk(d, &low, true) && low.asked <= 1,
      "... and of what is before them");
  for (u32 stop = 1; stop < 5; stop++) {
    Auto a = {.lo = 0, .hi = 255, .stop = stop};
    good = good && d && autoWalk(d, &a, true) == SEINE_INTERRUPT &&
        a.asked == stop;
  }
  testOk(good, "who is asked ends a walk");
  partClose(&p);
  free(len);
  free(t);
}

/* The first term of a block is one that the text before it begins with, which
** no sorted terms have: a walk shows what is there. */
static void testUnsorted(void) {
  u8 t[DICT_BLOCK + 1][12] = {{0}};
  u32 len[DICT_BLOCK + 1];
  u32 ord[DICT_BLOCK + 1];
  Auto all = {.lo = 0, .hi = 255, .ord = ord, .full = DICT_BLOCK + 1};
  Part p;
  Dict *d = NULL;
  for (u32 i = 0; i <= DICT_BLOCK; i++) {
    t[i][0] = 'b';
    t[i][1] = (u8)('0' + i);
    len[i] = i == DICT_BLOCK ? 1 : 2;
  }
  walkWrite(&p, t, len, DICT_BLOCK + 1);
  if (partOpen(&p, 100)) (void)snDictValues(p.g, 4, &d);
  testOk(d && !autoWalk(d, &all, false) && all.n == DICT_BLOCK + 1 &&
      ord[DICT_BLOCK] == DICT_BLOCK, "a block that begins too low");
  partClose(&p);
}

/* ---- 4 ------------------------------------------------------------------ */

typedef struct Starved {
  Store *store;
  SegmentRef ref;
  Way way;
  u32 ord;
} Starved;

static int starvedRun(void *arg) {
  const Starved *s = arg;
  Segment *g;
  Dict *d = NULL;
  int rc = snSegmentOpen(s->store, &s->ref, NULL, 0, &g);
  if (rc) return rc;
  rc = snDictTerms(g, 4, &d);
  if (!rc) rc = wayGo(d, s->way, s->ord);
  snSegmentDrop(g);
  return rc;
}

/* The same in an arena that is counted. */
static int starvedTexts(void *arg) {
  const Starved *s = arg;
  u32 ord[3] = {s->ord + 1, s->ord, s->ord + 1};
  DictText t[3];
  Segment *g;
  Dict *d = NULL;
  Arena a;
  int rc = snSegmentOpen(s->store, &s->ref, NULL, 0, &g);
  if (rc) return rc;
  snArenaInit(&a, &test_budget);
  rc = snDictTerms(g, 4, &d);
  if (!rc) rc = snDictTexts(d, ord, 3, &a, t);
  if (!rc && (t[0].n != 2 || memcmp(t[0].p, "ab", 2))) rc = SEINE_ERROR;
  snArenaClear(&a);
  snSegmentDrop(g);
  return rc;
}

#define CODED_AB .flags = HAND_CODED, .table = PART_BYTES("\1\1b"), \
    .entries = PART_BYTES("\1a\x11\0")

static void testStarved(void) {
  static const Hand packed = {.n = 2, CODED_AB};
  static const Hand many = {.n = LARGE, CODED_AB};
  static const Hand plain = {.n = LARGE, .entries = PART_BYTES(ONES)};
  static const struct {
    const char *name;
    const Hand *h;
    int (*run)(void *);
    Way way;
    u32 ord;
  } cases[] = {
    {"a look-up", &packed, starvedRun, WAY_FIND, 0},
    {"a walk", &packed, starvedRun, WAY_ITER, 0},
    {"a walk by an automaton", &packed, starvedRun, WAY_WALK, 0},
    {"texts", &packed, starvedTexts, WAY_TEXTS, 0},
    {"texts of many packed terms", &many, starvedTexts, WAY_TEXTS, LAST},
    {"texts of many terms", &plain, starvedTexts, WAY_TEXTS, LAST},
  };
  for (u32 i = 0; i < SN_COUNT(cases); i++) {
    Part p;
    Dict *d = handOpen(&p, cases[i].h);
    Starved s = {p.store, {.id = 1, .docs = 100}, cases[i].way, cases[i].ord};
    if (d) s.ref.ref = p.g->ref;
    testOk(d && partStarve(cases[i].run, &s) > 2, cases[i].name);
    partClose(&p);
  }
}

/* What failed for want of memory does not fail for ever. */
static void testAgain(void) {
  static const Hand packed = {.n = 2, CODED_AB};
  Part p;
  u32 ord = 0;
  Dict *d = handOpen(&p, &packed);
  snFaultMem(1, false);
  int rc = d ? snDictFind(d, "ab", 2, &ord) : SEINE_ERROR;
  snFaultMem(0, false);
  testRc(rc, SEINE_NOMEM, "a look-up without memory");
  rc = d ? snDictFind(d, "ab", 2, &ord) : SEINE_ERROR;
  testOk(!rc && ord == 1, "... and with it");
  partClose(&p);
}

/* A walk behind what dies takes memory for the text that it goes on with. */
static int starvedWalk(void *arg) {
  const Starved *s = arg;
  Segment *g;
  Dict *d = NULL;
  Auto a = {.lo = 'c', .hi = 'd', .least = 5};
  int rc = snSegmentOpen(s->store, &s->ref, NULL, 0, &g);
  if (rc) return rc;
  rc = snDictValues(g, 4, &d);
  if (!rc) rc = autoWalk(d, &a, false);
  snSegmentDrop(g);
  return rc;
}

static void testStarvedWalk(void) {
  u8 (*t)[12] = malloc(300 * sizeof *t);
  u32 *len = malloc(300 * sizeof *len);
  Part p;
  walkWrite(&p, t, len, walkTerms(t, len, 300));
  bool good = partOpen(&p, 100);
  Starved s = {p.store, {.id = 1, .docs = 100}, WAY_WALK, 0};
  if (good) s.ref.ref = p.g->ref;
  testOk(good && partStarve(starvedWalk, &s) > 2, "a walk that passes over");
  partClose(&p);
  free(len);
  free(t);
}

/* ---- 5 ------------------------------------------------------------------ */

/* The table of codes lies in the second piece of the extent, all before it in
** the first one, and what an opening reads in the third. */
static void testPage(void) {
  static const Hand h = {.n = 2, CODED_AB};
  static const char zeros[65536];
  u32 before = 65536 - DICT_HEAD - 12;
  Part p;
  Buf b;
  Dict *d;
  u32 ord = 0;
  snBufInit(&b, &test_budget);
  partInit(&p);
  snBufAdd(&b, zeros, before / 8 * 8);
  snSegWriteBuf(&p.w, SEC_NORMS, 4, &b);
  b.n = 0;
  handPut(&h, &b);
  snSegWriteBuf(&p.w, SEC_TERMS, 4, &b);
  b.n = 0;
  snBufAdd(&b, zeros, sizeof zeros);
  snSegWriteBuf(&p.w, SEC_NORMS, 5, &b);
  snBufClear(&b);
  bool good = partOpen(&p, 100);
  const Section *s = good ? snSegmentFind(p.g, SEC_TERMS, 4) : NULL;
  testOk(s && s->at + DICT_HEAD + 12 <= 65536 && s->at + s->len > 65536,
      "a dictionary across two pieces");
  testOk(good && !snDictTerms(p.g, 4, &d) && !snDictFind(d, "ab", 2, &ord) &&
      ord == 1, "... is read");
  testOk(good && partFlip(&p, s->at + s->len - 1), "a byte changes");
  SegmentRef ref = {.id = 1, .docs = 100};
  Segment *g = NULL;
  if (good) ref.ref = p.g->ref;
  testOk(good && !snSegmentOpen(p.store, &ref, NULL, 0, &g) &&
      snDictTerms(g, 4, &d) == SEINE_CORRUPT, "who opens it anew is told");
  snSegmentDrop(g);
  partClose(&p);
}

int main(int argc, char **argv) {
  testSeed(argc, argv);
  testHands();
  testTexts(false);
  testTexts(true);
  testWalks();
  testUnsorted();
  testStarved();
  testAgain();
  testStarvedWalk();
  testPage();
  return testDone();
}
