/*
** post_bytes_test: posting lists made by hand, most of them damaged in one
** place.
**   1. lists of one or two documents, which lie in the dictionary
**   2. the second block of a list: each form of documents, read one by one, by
**      a seek and as bits; damage ends the list with CORRUPT
**   3. frequencies and positions; the first error of a list stays
*/
#include "index/part.h"

#define DOCS 100000u /* of the segment: a varint, \xa0\x8d\x06 */

typedef struct Lists {
  Part part;
  Dict *d;
  TermMeta m;
  Postings post;
} Lists;

/* A list of df documents: its bytes are all that the column has. */
static int listOpen(Lists *l, bool freqs, bool pos, u32 df, u64 ttf, Buf *b) {
  DictWriter w;
  Buf dict;
  memset(l, 0, sizeof *l);
  snBufInit(&dict, &test_budget);
  partInit(&l->part);
  l->m = (TermMeta){.df = df, .ttf = ttf, .len = (u32)b->n};
  snSegWriteBuf(&l->part.w, SEC_POST, 4, b);
  snDictWriteInit(&w, &test_budget, true, freqs);
  w.no_pos = !pos;
  snDictWriteAdd(&w, "a", 1, df, ttf, (const u8 *)"", 0);
  snDictWriteEnd(&w, df, &dict);
  snSegWriteBuf(&l->part.w, SEC_TERMS, 4, &dict);
  snDictWriteFree(&w);
  snBufClear(&dict);
  snBufClear(b);
  snPostInit(&l->post, &test_budget);
  if (!partOpen(&l->part, DOCS)) return l->part.rc;
  int rc = snDictTerms(l->part.g, 4, &l->d);
  return rc ? rc : snPostOpenMeta(l->part.g, 4, l->d, &l->m, &l->post);
}

static void listClose(Lists *l) {
  snPostClose(&l->post);
  partClose(&l->part);
}

/* ---- 1 ------------------------------------------------------------------ */

typedef struct Inline {
  const char *name;
  bool freqs, pos;
  u32 df;
  Bytes b;
  bool good;
  u32 doc[2], tf[2];
} Inline;

static const Inline inlines[] = {
  {"two numbers", false, false, 2, PART_BYTES("\5\2"), true, {5, 8}, {1, 1}},
  {"two, of which one has its word twice", true, false, 2,
      PART_BYTES("\x0a\2\5"), true, {5, 8}, {2, 1}},
  {"... with positions", true, true, 2, PART_BYTES("\x0a\2\1\4\5\7"), true,
      {5, 8}, {2, 1}},
  {"the last document", false, false, 1, PART_BYTES("\x9f\x8d\6"), true,
      {DOCS - 1}, {1}},
  {"one behind it", false, false, 1, PART_BYTES("\xa0\x8d\6"), .good = false},
  {"two, and the second behind it", false, false, 2,
      PART_BYTES("\x9f\x8d\6\0"), .good = false},
  {"cut before the second", false, false, 2, PART_BYTES("\5"), .good = false},
  {"a word that occurs nowhere", true, false, 1, PART_BYTES("\x0a\0"),
      .good = false},
  {"positions that are cut", true, true, 2, PART_BYTES("\x0a\2\1"),
      .good = false},
};

static bool inlineSame(Lists *l, const Inline *c) {
  Postings *p = &l->post;
  for (u32 i = 0; i < c->df; i++)
    if (snPostNext(p) != c->doc[i] || snPostFreq(p) != c->tf[i])
      return testNo("document", p->doc, c->doc[i]);
  if (snPostNext(p) != DOC_END || p->rc) return false;
  return !snPostOpenMeta(l->part.g, 4, l->d, &l->m, p) &&
      snPostNextBlock(p) == c->doc[0] && snPostNextBlock(p) == DOC_END;
}

static void testInline(void) {
  for (u32 i = 0; i < SN_COUNT(inlines); i++) {
    const Inline *c = inlines + i;
    Lists l;
    Buf b;
    snBufInit(&b, &test_budget);
    int rc = listOpen(&l, c->freqs, c->pos, 3, 3, &b);
    l.m = (TermMeta){.df = c->df, .ttf = c->df + 1, .len = c->b.n,
        .inl = (const u8 *)c->b.p};
    if (l.d) rc = snPostOpenMeta(l.part.g, 4, l.d, &l.m, &l.post);
    if (rc || !c->good)
      testRc(rc, c->good ? SEINE_OK : SEINE_CORRUPT, c->name);
    else
      testOk(inlineSame(&l, c), c->name);
    listClose(&l);
  }
}

/* A position that a list may have, but no document. */
static void testInlinePosition(void) {
  static const u8 list[] = {1, 0xff, 0xff, 0xff, 0xff, 0x7f};
  Lists l;
  Buf b;
  const u32 *pos;
  u32 n;
  snBufInit(&b, &test_budget);
  (void)listOpen(&l, true, true, 3, 3, &b);
  l.m = (TermMeta){.df = 1, .ttf = 1, .len = sizeof list, .inl = list};
  int rc = snPostOpenMeta(l.part.g, 4, l.d, &l.m, &l.post);
  testOk(!rc && snPostNext(&l.post) == 0 &&
      snPostPositions(&l.post, &pos, &n) == SEINE_CORRUPT && !n &&
      snPostPositions(&l.post, &pos, &n) == SEINE_CORRUPT,
      "a position of more than 32 bits");
  listClose(&l);
}

/* ---- 2 ------------------------------------------------------------------ */

/* Behind a block of the documents 0 to 255. */
typedef struct Second {
  const char *name;
  u32 n, last;       /* documents, the last one as the directory says */
  Bytes b;
  bool good;
} Second;

#define ROW4(a, b) a b "\0\0\0\0" "\0\0\0\0" "\0\0\0\0" "\0\0\0\0" \
    "\0\0\0\0" "\0\0\0\0"
#define NONE8 "\0\0\0\0\0\0\0\0"
#define NONE64 NONE8 NONE8 NONE8 NONE8 NONE8 NONE8 NONE8 NONE8

static const Second seconds[] = {
  {"a run", 10, 265, PART_BYTES("\x41\0"), true},
  {"a run far behind", 10, DOCS - 1, PART_BYTES("\x41\x96\x8b\6"), true},
  {"... that goes on behind the last document", 10, DOCS,
      PART_BYTES("\x41\x97\x8b\6"), false},
  {"... that begins there", 10, DOCS + 265, PART_BYTES("\x41\xa0\x8d\6"),
      false},
  {"a run that ends elsewhere", 10, 266, PART_BYTES("\x41\0"), false},
  {"varints", 2, 260, PART_BYTES("\x40\1\2"), true},
  {"... that are cut", 2, 260, PART_BYTES("\x40\4"), false},
  {"... behind the last document", 1, DOCS, PART_BYTES("\x40\xa0\x8b\6"),
      false},
  {"... far behind it", 1, DOCS, PART_BYTES("\x40\xa0\x8d\6"), false},
  {"a bitmap", 10, 265, PART_BYTES("\x42\0\1\0\xff\3\0\0\0\0\0\0"), true},
  {"... and zeros", 10, 265,
      PART_BYTES("\x42\0\2\0\xff\3\0\0\0\0\0\0" NONE8), true},
  {"... over more words than are ORed at once", 10, 4352,
      PART_BYTES("\x42\0\x41\0\xff\1\0\0\0\0\0\0" NONE64 NONE64 NONE64 NONE64
      NONE64 NONE64 NONE64 NONE8 NONE8 NONE8 NONE8 NONE8 NONE8 NONE8
      "\1\0\0\0\0\0\0\0"), true},
  {"... of which the last bits lack", 10, 264,
      PART_BYTES("\x42\0\1\0\xff\1\0\0\0\0\0\0"), false},
  {"... with more bits than documents", 10, 266,
      PART_BYTES("\x42\0\1\0\xff\7\0\0\0\0\0\0"), false},
  {"... that ends elsewhere", 10, 266,
      PART_BYTES("\x42\0\1\0\xff\3\0\0\0\0\0\0"), false},
  {"... of no word", 10, 265, PART_BYTES("\x42\0\0\0"), false},
  {"... cut", 10, 265, PART_BYTES("\x42\0\1\0\xff\3"), false},
  {"... that begins behind the last document", 1, 4352,
      PART_BYTES("\x42\xa0\x8b\6\1\0\1\0\0\0\0\0\0\0"), false},
  {"... far behind it", 1, 4352,
      PART_BYTES("\x42\xa0\x8d\6\1\0\1\0\0\0\0\0\0\0"), false},
  {"... that goes on behind it", 2, DOCS + 7,
      PART_BYTES("\x42\x9f\x8b\6\1\0\x01\1\0\0\0\0\0\0"), false},
  {"packed gaps", 2, 262, PART_BYTES("\x20" ROW4("\0\0\0\0", "\5\0\0\0")),
      true},
  {"... that wrap around", 2, 256,
      PART_BYTES("\x20" ROW4("\0\0\0\0", "\xff\xff\xff\xff")), false},
  {"... into the block before", 2, 261,
      PART_BYTES("\x20" ROW4("\xff\xff\xff\xff", "\5\0\0\0")), false},
  {"... behind the last document", 2, DOCS + 257,
      PART_BYTES("\x20" ROW4("\0\0\0\0", "\xa0\x86\1\0")), false},
  {"... cut", 2, 262, PART_BYTES("\x20\0\0\0\0\5\0\0\0"), false},
  {"a width of 33", 2, 262, PART_BYTES("\x21" NONE64 NONE8), false},
  {"patched gaps that are cut", 2, 262, PART_BYTES("\x43"), false},
  {"no tag that there is", 2, 262, PART_BYTES("\x44" NONE64), false},
  {"nothing", 2, 262, PART_BYTES(""), false},
};

static void listLong(Buf *b, u32 first_last, u32 last, u32 off, Bytes block) {
  snBufInit(b, &test_budget);
  snBufU32(b, 2 + block.n); /* bytes of blocks */
  snBufU32(b, first_last);
  snBufU32(b, last);
  snBufU32(b, 0);
  snBufU32(b, off);
  snBufAdd(b, "\x41\0", 2);
  partAdd(b, block);
}

static int secondOpen(Lists *l, const Second *c) {
  Buf b;
  listLong(&b, 255, c->last, 2, c->b);
  return listOpen(l, false, false, 256 + c->n, 256 + c->n, &b);
}

static int secondNext(const Second *c) {
  Lists l;
  u32 n = 0, prev = 0;
  int rc = secondOpen(&l, c);
  while (!rc && snPostNext(&l.post) != DOC_END) {
    if ((n && l.post.doc <= prev) || l.post.doc >= DOCS) rc = SEINE_ERROR;
    prev = l.post.doc;
    n++;
  }
  if (!rc) rc = l.post.rc;
  if (!rc && (n != 256 + c->n || prev != c->last)) rc = SEINE_ERROR;
  if (rc == SEINE_CORRUPT && n != 256) rc = SEINE_ERROR; /* all before it */
  listClose(&l);
  return rc;
}

static int secondSeek(const Second *c) {
  Lists l;
  int rc = secondOpen(&l, c);
  u32 doc = rc ? DOC_END : snPostSeek(&l.post, c->last);
  if (!rc) rc = l.post.rc;
  if (!rc && doc != c->last) rc = SEINE_ERROR;
  if (rc && doc != DOC_END) rc = SEINE_ERROR;
  listClose(&l);
  return rc;
}

#define FILL (2 * SN_WINDOW)

/* From 10 on, so that words are shifted; the last document may lie behind. */
static int secondFill(const Second *c) {
  u64 bits[FILL / 64] = {0};
  Lists l;
  int rc = secondOpen(&l, c);
  if (!rc) snPostFill(&l.post, 10, 10 + FILL, bits);
  if (!rc) rc = l.post.rc;
  u32 n = (u32)snBitsCount(bits, FILL / 64), want = 246;
  if (!rc && c->last < 10 + FILL) want += c->n;
  if (n != want) rc = SEINE_ERROR;
  if (!rc && want > 246 && !snBit(bits, c->last - 10)) rc = SEINE_ERROR;
  listClose(&l);
  return rc;
}

static void testSeconds(void) {
  for (u32 i = 0; i < SN_COUNT(seconds); i++) {
    const Second *c = seconds + i;
    int want = c->good ? SEINE_OK : SEINE_CORRUPT;
    int next = secondNext(c), seek = secondSeek(c), fill = secondFill(c);
    /* what would be behind those asked for is not looked at */
    bool beyond = c->last >= 10 + FILL;
    if (next != want || seek != want || (fill != want && !beyond))
      (void)testNo("next, seek or fill", (u64)next,
          (u64)seek * 100 + (u64)fill);
    testOk(next == want && seek == want && (fill == want || beyond), c->name);
  }
}

/* What the directory says of the first block leads the second one astray. */
static void testDirectory(void) {
  static const struct {
    const char *name;
    u32 last, off;
  } cases[] = {
    {"a block behind the last document", DOCS - 1, 2},
    {"a block behind the list", 255, 5},
  };
  for (u32 i = 0; i < SN_COUNT(cases); i++) {
    Lists l;
    Buf b;
    listLong(&b, cases[i].last, DOCS + 1, cases[i].off,
        (Bytes)PART_BYTES("\x41\0"));
    int rc = listOpen(&l, false, false, 258, 258, &b);
    testOk(!rc && !snPostBlockGo(&l.post, 1) && l.post.doc == DOC_END &&
        l.post.rc == SEINE_CORRUPT, cases[i].name);
    listClose(&l);
  }
}

/* ---- 3 ------------------------------------------------------------------ */

/* Two blocks of 256 documents that follow one another, each with one word at
** place 0; the second block, its frequencies, or the positions may be bad. */
typedef enum Worse {
  WORSE_NOT, WORSE_DOCS, WORSE_FREQS, WORSE_COUNT, WORSE_POS, WORSE_OFFSETS
} Worse;

static int wordsOpen(Lists *l, Worse how) {
  u32 freqs[PACK_BLOCK + 8] = {0};
  Buf b, one, pos;
  snBufInit(&b, &test_budget);
  snBufInit(&one, &test_budget);
  snBufInit(&pos, &test_budget);
  snPatchedPut(&pos, freqs, PACK_BLOCK); /* which are places, too */
  if (how == WORSE_COUNT) freqs[0] = 0x7fffffff;
  snPatchedPut(&one, freqs, PACK_BLOCK);
  u32 second = how == WORSE_FREQS ? 2 : 2 + (u32)one.n;
  snBufU32(&b, 2 + (u32)one.n + second);
  snBufU32(&b, 255);
  snBufU32(&b, 511);
  snBufU32(&b, 0);
  snBufU32(&b, 2 + (u32)one.n);
  snBufU32(&b, 0);   /* occurrences before each */
  snBufU32(&b, 256);
  snBufZero(&b, 16); /* bounds */
  snBufAdd(&b, "\x41\0", 2);
  snBufAdd(&b, one.data, one.n);
  snBufAdd(&b, how == WORSE_DOCS ? "\x50\0" : "\x41\0", 2);
  snBufAdd(&b, one.data, second - 2);
  if (how != WORSE_OFFSETS) {
    snBufU32(&b, 0);
    snBufU32(&b, how == WORSE_POS ? 10000 : (u32)pos.n);
    snBufAdd(&b, pos.data, pos.n);
    snBufAdd(&b, pos.data, pos.n);
  }
  snBufClear(&one);
  snBufClear(&pos);
  return listOpen(l, true, true, 512, 512, &b);
}

static void testPlaces(void) {
  Lists l;
  const u32 *pos;
  u32 n = 0, docs = 0;
  int rc = wordsOpen(&l, WORSE_NOT);
  snPostFreqs(&l.post); /* of no block yet */
  while (!rc && snPostNext(&l.post) != DOC_END) {
    rc = snPostPositions(&l.post, &pos, &n);
    snPostFreqs(&l.post); /* again */
    docs += !rc && n == 1 && pos[0] == 0 && snPostFreq(&l.post) == 1;
  }
  testOk(!rc && !l.post.rc && docs == 512, "words and their places");
  testOk(snPostPositions(&l.post, &pos, &n) == SEINE_CORRUPT && !n && !pos,
      "behind the end there is none");
  listClose(&l);

  rc = wordsOpen(&l, WORSE_OFFSETS);
  testRc(rc, SEINE_CORRUPT, "where places lie is cut");
  listClose(&l);

  rc = wordsOpen(&l, WORSE_POS);
  testOk(!rc && snPostSeek(&l.post, 300) == 300 &&
      snPostPositions(&l.post, &pos, &n) == SEINE_CORRUPT && !n,
      "places that lie behind the list");
  listClose(&l);

  rc = wordsOpen(&l, WORSE_COUNT);
  i64 used = test_budget.peak;
  testOk(!rc && snPostNext(&l.post) == 0 &&
      snPostFreq(&l.post) == 0x80000000 &&
      snPostPositions(&l.post, &pos, &n) == SEINE_CORRUPT &&
      test_budget.peak == used, "no memory for more places than fit in");
  listClose(&l);

  rc = wordsOpen(&l, WORSE_FREQS);
  testOk(!rc && snPostSeek(&l.post, 300) == 300 &&
      snPostFreq(&l.post) == 1 && l.post.rc == SEINE_CORRUPT,
      "frequencies that are cut");
  listClose(&l);
}

/* Memory lacks for the places of the first document; what goes wrong behind
** it does not hide that. */
static void testFirst(Worse how, i64 fails, const char *name) {
  Lists l;
  const u32 *pos;
  u32 n;
  int rc = wordsOpen(&l, how);
  bool good = !rc && snPostNext(&l.post) == 0;
  snFaultMem(fails, false);
  good = good && snPostPositions(&l.post, &pos, &n) == SEINE_NOMEM;
  snFaultMem(0, false);
  good = good && snPostPositions(&l.post, &pos, &n) == SEINE_NOMEM;
  u32 doc = good ? snPostSeek(&l.post, 256) : 0;
  if (how == WORSE_DOCS) good = good && doc == DOC_END;
  else good = good && doc == 256 && snPostFreq(&l.post) == 1;
  testOk(good && l.post.rc == SEINE_NOMEM, name);
  listClose(&l);
}

/* Without places: who asks for them is told. */
static void testPlaceless(void) {
  Lists l;
  Buf b;
  const u32 *pos;
  u32 n;
  listLong(&b, 255, 257, 2, (Bytes)PART_BYTES("\x41\0"));
  int rc = listOpen(&l, false, false, 258, 258, &b);
  testOk(!rc && snPostNext(&l.post) == 0 && snPostFreq(&l.post) == 1 &&
      snPostPositions(&l.post, &pos, &n) == SEINE_CORRUPT && !l.post.rc,
      "a list without places");
  listClose(&l);
}

int main(int argc, char **argv) {
  testSeed(argc, argv);
  testInline();
  testInlinePosition();
  testSeconds();
  testDirectory();
  testPlaces();
  testFirst(WORSE_DOCS, 1, "a damaged block, when memory lacked before");
  testFirst(WORSE_FREQS, 2, "... or its frequencies are");
  testPlaceless();
  return testDone();
}
