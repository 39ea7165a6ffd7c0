/*
** post_test: a posting list is written by PostWriter and read by Postings,
** both compared with plain arrays.
**   1. the form of a block by its documents, read from the bytes
**   2. lists of every length about the limits of the forms, with and
**      without frequencies
**   3. frequencies and positions of every size, over the limits of blocks
**   4. documents up to the last one a segment can have
**   5. bounds of blocks and of 32 blocks; thresholds
**   6. block by block: found, bounded, gone to, sought from there
** Every list is walked, sought and filled, by windows and by many at once.
*/
#include "index/part.h"

typedef struct PostList {
  u32 df, max;      /* max: documents of the segment */
  bool freqs;
  const u8 *norms;
  u32 *doc, *tf, *pos;
  u64 *first;       /* positions before a document; df + 1 of them */
} PostList;

#define POST_NORMS 400000u
static u8 post_norms[POST_NORMS];

typedef u32 (*PostTf)(u32 i);
static u32 postOne(u32 i) { return (void)i, 1; }
static u32 postFew(u32 i) { return 1 + i * 7 % 11 % 4; }
static u32 postRare(u32 i) { return i % 97 == 5 ? 254 + i % 4 : 1; }
static u32 postEdge(u32 i) {
  static const u32 t[] = {1, 255, 256, 257, 63, 64, 511, 513, 2};
  return t[i % SN_COUNT(t)];
}
static u32 postHuge(u32 i) { return i == 1 ? 70000 : 1 + i % 2; }

/* wide: places far apart, up to the largest number. */
static void postMake(PostList *l, u32 df, PostTf tf, bool wide) {
  l->df = df;
  l->tf = malloc((df + 1) * sizeof(u32));
  l->first = malloc((df + 1) * sizeof(u64));
  l->first[0] = 0;
  for (u32 i = 0; i < df; i++) {
    l->tf[i] = l->freqs ? tf(i) : 1;
    l->first[i + 1] = l->first[i] + l->tf[i];
  }
  l->pos = malloc((l->first[df] + 1) * sizeof(u32));
  for (u32 i = 0; i < df; i++) {
    u32 at = wide ? testRandom(1u << 20) : testRandom(3);
    for (u32 k = 0; k < l->tf[i]; k++) {
      l->pos[l->first[i] + k] = at;
      u32 room = (UINT32_MAX - at) / (l->tf[i] - k);
      at += wide ? testRandom(room + 1) : testRandom(4);
    }
    if (wide && i % 3 == 0) l->pos[l->first[i + 1] - 1] = UINT32_MAX;
  }
}

/* Documents: every step-th from the first one. */
static void postSteps(PostList *l, u32 df, u32 first, u32 step) {
  l->doc = malloc((df + 1) * sizeof(u32));
  for (u32 i = 0; i < df; i++) l->doc[i] = first + i * step;
}

static void postDrop(PostList *l) {
  free(l->doc);
  free(l->tf);
  free(l->pos);
  free(l->first);
}

/* ---- reading against the arrays ----------------------------------------- */

static u32 postWhere(const PostList *l, u32 target) {
  u32 lo = 0, hi = l->df;
  while (lo < hi) {
    u32 mid = lo + (hi - lo) / 2;
    if (l->doc[mid] < target) lo = mid + 1;
    else hi = mid;
  }
  return lo;
}

static bool postAt(Postings *p, const PostList *l, u32 i, bool places) {
  if (i >= l->df) return p->doc == DOC_END || testNo("no end", i, p->doc);
  if (p->doc != l->doc[i]) return testNo("doc", l->doc[i], p->doc);
  if (snPostFreq(p) != l->tf[i]) return testNo("tf", i, snPostFreq(p));
  if (!places) return true;
  const u32 *pos;
  u32 n;
  int rc = snPostPositions(p, &pos, &n);
  if (!l->freqs) return rc != SEINE_OK;
  if (rc || n != l->tf[i]) return testNo("positions", (u64)rc, n);
  return !memcmp(pos, l->pos + l->first[i], n * sizeof *pos) ||
      testNo("position", i, pos[0]);
}

static bool postWalk(Postings *p, const PostList *l, bool places) {
  bool good = p->df == l->df && p->ttf == l->first[l->df];
  for (u32 i = 0; good && i <= l->df; i++) {
    (void)snPostNext(p);
    good = postAt(p, l, i, places && i < l->df);
  }
  for (u32 i = 0; good && i < 3; i++)
    good = snPostNext(p) == DOC_END && snPostSeek(p, 5) == DOC_END;
  return good;
}

/* From the start to a target; then on by Next. */
static bool postSeekOne(Postings *p, const PostList *l, u32 target) {
  u32 i = postWhere(l, target);
  (void)snPostSeek(p, target);
  bool good = postAt(p, l, i, l->freqs && i < l->df);
  if (good && i < l->df) {
    (void)snPostNext(p);
    good = postAt(p, l, i + 1, false);
  }
  return good || testNo("sought from the start", target, p->doc);
}

static bool postSeeks(Postings *p, const PostList *l, u32 reach) {
  u32 at = 0;
  for (;;) {
    u32 target = l->doc[at] + testRandom(3) - (l->doc[at] && testRandom(2));
    if (target < p->doc && at) target = p->doc;
    u32 i = postWhere(l, target);
    (void)snPostSeek(p, target);
    if (!postAt(p, l, i, l->freqs && i < l->df && !testRandom(3)))
      return testNo("sought", target, p->doc);
    if (i >= l->df) return true;
    if (snPostSeek(p, l->doc[i]) != l->doc[i] || snPostSeek(p, 0) != p->doc)
      return testNo("sought where it is", target, p->doc);
    if (testRandom(4) == 0) {
      (void)snPostNext(p);
      if (!postAt(p, l, ++i, false)) return false;
      if (i >= l->df) return true;
    }
    at = i + testRandom(reach);
    if (at >= l->df) return snPostSeek(p, l->doc[l->df - 1] + 1) == DOC_END;
  }
}

/* Windows in order, at times an empty one before, at times one left out. */
static bool postFill(Postings *p, const PostList *l) {
  u32 i = 0, next = 0, windows = 0;
  while (i < l->df && windows++ < 200) {
    u64 bits[SN_WORDS] = {1}, want[SN_WORDS] = {1};
    u32 base = l->doc[i] / SN_WINDOW * SN_WINDOW;
    if (testRandom(3) == 0 && base > next) base -= SN_WINDOW;
    if (testRandom(5) == 0 && base + SN_WINDOW < l->max) base += SN_WINDOW;
    next = base + SN_WINDOW;
    i = postWhere(l, base);
    for (; i < l->df && l->doc[i] - base < SN_WINDOW; i++)
      snBitSet(want, l->doc[i] - base);
    snPostFill(p, base, base + SN_WINDOW, bits);
    if (memcmp(bits, want, sizeof bits)) return testNo("filled", base, i);
    if (!postAt(p, l, i, l->freqs && i < l->df)) return false;
  }
  return true;
}

#define POST_SPAN (16 * SN_WINDOW)

/* Many windows at once, where whole blocks lie inside: from any multiple of
** 64 on, to any end. */
static bool postFillSpans(Postings *p, const PostList *l) {
  static u64 bits[POST_SPAN / 64 + 1], want[POST_SPAN / 64 + 1];
  u32 i = 0, spans = 0;
  while (i < l->df && spans++ < 40) {
    u32 base = l->doc[i] / 64 * 64, end = base + POST_SPAN;
    if (spans % 3 == 0) end = base + 64 + testRandom(POST_SPAN - 64);
    memset(bits, 0, sizeof bits);
    memset(want, 0, sizeof want);
    for (; i < l->df && l->doc[i] < end; i++)
      snBitSet(want, l->doc[i] - base);
    snPostFill(p, base, end, bits);
    if (memcmp(bits, want, sizeof bits)) return testNo("span", base, end);
    if (!postAt(p, l, i, l->freqs && i < l->df)) return false;
  }
  return true;
}

#undef POST_SPAN

/* ---- bounds ------------------------------------------------------------- */

static double postY(u32 tf, u8 norm, double c) {
  return (1 + c * snNormGet(norm)) / tf;
}

/* For short averages and long ones; impact_test has more of that. */
static bool postUnder(const PostList *l, u32 i, const Impact *imp, u32 n) {
  static const double cs[] = {0, 1e-3, 0.03, 0.2, 3, 1e9};
  u8 norm = l->norms ? l->norms[l->doc[i]] : 1;
  for (u32 j = 0; j < SN_COUNT(cs); j++) {
    bool in = false;
    for (u32 k = 0; k < n; k++)
      in |= imp[k].tf == 255 || postY(imp[k].tf, imp[k].norm, cs[j]) <=
          postY(l->tf[i], norm, cs[j]);
    if (!in) return false;
  }
  return true;
}

static bool postIn(const PostList *l, u32 i, const Impact *imp, u32 n) {
  return postUnder(l, i, imp, n) ||
      testNo("not in the bound", l->doc[i], l->tf[i]);
}

/* Are tf and norm of each pair some document's of from .. end? */
static bool postTight(const PostList *l, u32 from, u32 end, const Impact *imp,
    u32 n) {
  for (u32 k = 0; k < n; k++) {
    bool tf = false, norm = false;
    for (u32 i = from; i < end; i++) {
      tf |= SN_MIN(l->tf[i], 255u) == imp[k].tf;
      norm |= (l->norms ? l->norms[l->doc[i]] : 1) == imp[k].norm;
    }
    if (!tf || !norm) return testNo("of no document", from, imp[k].tf);
  }
  return true;
}

static bool postBound(Postings *p, const PostList *l, u32 i) {
  Impact imp[IMPACTS];
  u32 upto, nb = (l->df + 255) / 256;
  for (u32 coarse = 0; coarse < 2; coarse++) {
    u32 n = snPostImpacts(p, l->doc[i], coarse, &upto, imp);
    u32 per = coarse && nb > 32 ? 256 * 32 : 256;
    u32 end = SN_MIN(i / per * per + per, l->df);
    if (!n || n > IMPACTS) return testNo("pairs", n, i);
    if (nb == 1 || !l->freqs ? upto != DOC_END - 1
                             : upto != l->doc[end - 1])
      return testNo("upto", upto, l->doc[end - 1]);
    for (u32 k = i / per * per; k < end; k++)
      if (!postIn(l, k, imp, n)) return false;
    if (p->impacts_each && !postTight(l, i / per * per, end, imp, n))
      return false;
  }
  return true;
}

static bool postBounds(Postings *p, const PostList *l) {
  Impact none[IMPACTS];
  u32 upto;
  for (u32 t = 0; t < 12; t++) {
    u32 i = testRandom(l->df), doc = p->doc;
    if (!postBound(p, l, i)) return false;
    if (p->doc != doc) return testNo("moved", doc, p->doc);
    if (t % 4 == 3) (void)snPostSeek(p, l->doc[testRandom(l->df)]);
  }
  if (p->impacts_each &&
      snPostImpacts(p, l->doc[l->df - 1] + 1, false, &upto, none))
    return testNo("a bound behind the end", upto, 0);
  u32 k = 10;
  for (u32 i = 0; p->thresholds && i < 3; i++, k *= 10) {
    u32 tf = p->thresholds[2 * i], norm = p->thresholds[2 * i + 1], some = 0;
    for (u32 j = 0; j < l->df; j++)
      some += l->tf[j] >= tf && (l->norms ? l->norms[l->doc[j]] : 1) <= norm;
    if (!tf || some < k) return testNo("threshold", k, some);
  }
  return (p->thresholds != NULL) == (l->freqs && l->df >= POST_LONG);
}

/* ---- block by block ----------------------------------------------------- */

static bool postSuper(Postings *p, const PostList *l, u32 b) {
  u32 from = b / POST_SUPER * POST_SUPER * 256;
  u32 end = SN_MIN(from + POST_SUPER * 256, l->df);
  Impact imp[IMPACTS];
  if (!p->sup_last) return true;
  if (snPostSuperLast(p, b / POST_SUPER) != l->doc[end - 1])
    return testNo("last of 32 blocks", b, l->doc[end - 1]);
  if (!p->sup_impact) return true;
  u32 n = snPostSuperImpacts(p, b / POST_SUPER, imp);
  for (u32 i = from; i < end; i++)
    if (!postIn(l, i, imp, n)) return testNo("of 32 blocks", b, i);
  return true;
}

/* What is known of block b without decoding it. */
static bool postBlock(Postings *p, const PostList *l, u32 b) {
  u32 from = b * 256, end = SN_MIN(from + 256, l->df);
  u32 first = from ? l->doc[from - 1] + 1 : 0;
  Impact imp[IMPACTS];
  if (p->nblocks > 1 && snPostBlockLast(p, b) != l->doc[end - 1])
    return testNo("last of block", b, snPostBlockLast(p, b));
  if (snPostBlockFind(p, testRandom(b + 1), first) != b)
    return testNo("block of its first place", b, first);
  if (snPostBlockFind(p, 0, l->doc[end - 1]) != b)
    return testNo("block of its last document", b, l->doc[end - 1]);
  u32 n = snPostBlockImpacts(p, b, imp);
  for (u32 i = from; i < end; i++)
    if (!postIn(l, i, imp, n)) return testNo("of block", b, i);
  return postSuper(p, l, b);
}

/* To some blocks in rising order; from there by seeking, as far as it goes,
** and back to the block's begin. */
static bool postBlocks(Postings *p, const PostList *l) {
  u32 nb = (l->df + 255) / 256;
  Impact pair;
  if (p->nblocks != nb) return testNo("blocks", nb, p->nblocks);
  for (u32 b = 0; b < nb; b += 1 + testRandom(3)) {
    u32 from = b * 256, end = SN_MIN(from + 256, l->df);
    u32 i = from + testRandom(end - from);
    if (!postBlock(p, l, b)) return false;
    if (!snPostBlockGo(p, b) || !postAt(p, l, from, l->freqs))
      return testNo("gone to block", b, p->doc);
    (void)snPostSeek(p, l->doc[i]);
    if (!postAt(p, l, i, l->freqs)) return testNo("sought in block", b, i);
    if (!snPostBlockGo(p, b) || !postAt(p, l, from, false))
      return testNo("back to block", b, p->doc);
    if (testRandom(2) || end == l->df) continue;
    (void)snPostSeek(p, l->doc[end]);
    if (!postAt(p, l, end, l->freqs)) return testNo("on from block", b, end);
  }
  if (snPostSeek(p, l->doc[l->df - 1] + 1) != DOC_END)
    return testNo("no end", l->df, p->doc);
  for (u32 k = 1; k <= 1001; k += 100) {
    bool known = snPostThreshold(p, k, &pair);
    u32 some = 0;
    if (known != (p->thresholds && k <= 1000))
      return testNo("a threshold for", k, known);
    for (u32 j = 0; known && j < l->df; j++)
      some += l->tf[j] >= pair.tf &&
          (l->norms ? l->norms[l->doc[j]] : 1) <= pair.norm;
    if (known && some < k) return testNo("documents dominate for", k, some);
  }
  return snPostBlockGo(p, nb - 1) && postAt(p, l, (nb - 1) * 256, false);
}

/* ---- one list in a segment ---------------------------------------------- */

typedef struct PostCase {
  Part part;
  Dict *d;
  u32 list_len;
  u8 *list;
  u32 forge_at;     /* a byte of the list that is another, or 0 */
  u8 forge;
} PostCase;

static bool postWrite(PostCase *c, const PostList *l) {
  PostWriter w;
  DictWriter d;
  Buf list, dict;
  snBufInit(&list, &test_budget);
  snBufInit(&dict, &test_budget);
  partInit(&c->part);
  snPostWriteInit(&w, &test_budget, l->freqs, l->freqs, l->norms, 50);
  snDictWriteInit(&d, &test_budget, true, l->freqs);
  for (u32 again = 0; again < 2; again++) { /* a writer is used again */
    list.n = 0;
    snPostWriteBegin(&w);
    for (u32 i = 0; i < l->df; i++)
      snPostWriteDoc(&w, l->doc[i], l->tf[i], l->pos + l->first[i]);
    snPostWriteEnd(&w, &list);
  }
  c->list_len = (u32)list.n;
  if (c->forge_at) list.data[c->forge_at] = c->forge;
  c->list = malloc(list.n + 1);
  memcpy(c->list, list.data, list.n);
  snDictWriteAdd(&d, "x", 1, w.df, w.ttf, list.data, (u32)list.n);
  snDictWriteEnd(&d, l->df, &dict);
  if (w.df <= POST_INLINE) list.n = 0;
  snSegWriteBuf(&c->part.w, SEC_POST, 3, &list);
  snSegWriteBuf(&c->part.w, SEC_TERMS, 3, &dict);
  if (l->norms) {
    list.n = 0;
    snBufAdd(&list, l->norms, l->max);
    snSegWriteBuf(&c->part.w, SEC_NORMS, 3, &list);
  }
  bool good = !w.rc && !list.rc && partOpen(&c->part, l->max);
  snPostWriteFree(&w);
  snDictWriteFree(&d);
  snBufClear(&list);
  snBufClear(&dict);
  return good && !snDictTerms(c->part.g, 3, &c->d) && c->d;
}

static void postEnd(PostCase *c) {
  partClose(&c->part);
  free(c->list);
}

typedef enum PostHow {
  POST_WALK, POST_PLACES, POST_NEAR, POST_FAR, POST_FILL, POST_SPANS,
  POST_BOUND, POST_BLOCKS, POST_HOWS
} PostHow;

static bool postRead(PostCase *c, const PostList *l) {
  bool good = true;
  for (u32 how = 0; good && how < POST_HOWS; how++) {
    Postings p;
    good = !snPostOpen(c->part.g, 3, c->d, 0, &p);
    if (good && how == POST_WALK) good = postWalk(&p, l, false);
    if (good && how == POST_PLACES) good = postWalk(&p, l, l->freqs);
    if (good && how == POST_NEAR) good = postSeeks(&p, l, 5);
    if (good && how == POST_FAR) good = postSeeks(&p, l, l->df / 3 + 1);
    if (good && how == POST_FILL) good = postFill(&p, l);
    if (good && how == POST_SPANS) good = postFillSpans(&p, l);
    if (good && how == POST_BOUND) good = postBounds(&p, l);
    if (good && how == POST_BLOCKS) good = postBlocks(&p, l);
    if (good && !l->freqs && how == POST_PLACES) {
      const u32 *pos;
      u32 n;
      good = snPostPositions(&p, &pos, &n) == SEINE_CORRUPT && !n;
    } else if (good) {
      good = p.rc == SEINE_OK;
    }
    snPostClose(&p);
    if (!good) (void)testNo("way of reading, df", how, l->df);
  }
  for (u32 t = 0; good && t < 25; t++) {
    u32 i = t < 4 ? t * 85 % l->df : testRandom(l->df);
    for (u32 k = 0; good && k < 3; k++) {
      Postings p;
      if (k == 0 && !l->doc[i]) continue;
      good = !snPostOpen(c->part.g, 3, c->d, 0, &p) &&
          postSeekOne(&p, l, l->doc[i] + k - 1);
      snPostClose(&p);
    }
  }
  return good;
}

static bool postRun(PostList *l) {
  PostCase c = {0};
  bool good = postWrite(&c, l) && postRead(&c, l);
  postEnd(&c);
  return good;
}

/* ---- 1: forms ----------------------------------------------------------- */

/* The tag of a block, found as the format at the head of post_write.c says.*/
static u32 postTag(const PostCase *c, const PostList *l, u32 b) {
  u32 nb = (l->df + 255) / 256;
  const u8 *p = c->list;
  if (nb == 1) {
    Rd r = {p + (l->freqs ? 2 : 0), p + c->list_len, false};
    if (l->freqs) (void)snRdVarint(&r);
    return r.p[0];
  }
  u32 ns = nb > 32 ? (nb + 31) / 32 : 0;
  u32 head = 4 + nb * 8 + (l->freqs ? nb * 12 : 0) + ns * 4 +
      (l->freqs ? ns * 8 : 0) + (l->freqs && l->df >= 1024 ? 6 : 0);
  return p[head + snGet32(p + 4 + nb * 4 + b * 4)];
}

static const struct { u32 df, first, step, block, tag; } post_forms[] = {
  {3, 0, 1, 0, 0x40}, {63, 9, 1, 0, 0x40}, {64, 9, 1, 0, 0x41},
  {256, 0, 1, 0, 0x41}, {257, 0, 1, 1, 0x40}, {320, 0, 1, 1, 0x41},
  /* 256 bits apart by 2: 8 words, no more than 2 bits for each */
  {256, 0, 2, 0, 0x42}, {256, 0, 3, 0, 0x42}, {64, 0, 2, 0, 0x42},
  /* 4 apart: 16 words of 8 bytes, packed at 2 bits 64 bytes, at 3 96 */
  {256, 0, 4, 0, 2}, {256, 0, 5, 0, 3}, {256, 0, 64, 0, 6},
  {256, 0, 65, 0, 7}, {512, 100000, 64, 1, 6},
  {256, 100000, 64, 0, 0x43}, /* one gap is far wider than the others */
  {256, 0, 1u << 22, 0, 22}, {256, 0, (1u << 22) + 1, 0, 23},
  {64, 0, 1u << 24, 0, 24}, {64, 0, (1u << 24) + 1, 0, 25},
  {575, 3, 2, 2, 0x40}, {576, 3, 2, 2, 0x42}, {8256, 7, 9, 31, 4},
  /* a block's last document is the first, or the last, of a window */
  {512, 3841, 1, 1, 0x41}, {512, 3840, 1, 1, 0x41},
};

static void postForms(void) {
  for (u32 i = 0; i < SN_COUNT(post_forms) * 2; i++) {
    PostList l = {.freqs = i % 2};
    PostCase c = {0};
    char name[80];
    u32 k = i / 2, df = post_forms[k].df;
    postSteps(&l, df, post_forms[k].first, post_forms[k].step);
    postMake(&l, df, postFew, false);
    l.max = l.doc[df - 1] + 1;
    bool good = postWrite(&c, &l);
    u32 tag = good ? postTag(&c, &l, post_forms[k].block) : 0x99;
    if (tag != post_forms[k].tag) good = testNo("tag", tag, 0);
    if (good) good = postRead(&c, &l);
    snprintf(name, sizeof name, "%u by %u from %u: form %#x%s", df,
        post_forms[k].step, post_forms[k].first, post_forms[k].tag,
        l.freqs ? ", with frequencies" : "");
    testOk(good, name);
    postEnd(&c);
    postDrop(&l);
  }
}

/* ---- 2 and 3 ------------------------------------------------------------ */

static void postMixed(PostList *l, u32 df) {
  u32 at = testRandom(5);
  l->doc = malloc((df + 1) * sizeof(u32));
  for (u32 i = 0; i < df; i++) {
    l->doc[i] = at;
    u32 part = i / 300 % 4; /* runs, bitmaps, packed, a leap now and then */
    at += part == 0 ? 1 : part == 1 ? 1 + testRandom(4)
        : part == 2 ? 1 + testRandom(60) : testRandom(300) ? 2 : 5000;
  }
  l->max = df ? l->doc[df - 1] + 1 + testRandom(2) * 9 : 1;
}

static void postLengths(void) {
  static const u32 dfs[] = {1, 2, 3, 4, 62, 63, 64, 65, 255, 256, 257, 319,
      320, 321, 511, 512, 513, 1023, 1024, 1025, 8191, 8192, 8193, 8255,
      8256, 8448, 16384, 16385};
  for (u32 freqs = 0; freqs < 2; freqs++) {
    bool good = true;
    for (u32 i = 0; good && i < SN_COUNT(dfs); i++) {
      PostList l = {.freqs = freqs, .norms = freqs ? post_norms : NULL};
      postMixed(&l, dfs[i]);
      postMake(&l, dfs[i], i % 2 ? postFew : postRare, false);
      good = l.max < POST_NORMS && postRun(&l);
      postDrop(&l);
    }
    testOk(good, freqs ? "lists of every length, with frequencies"
                       : "lists of every length, without");
  }
}

static void postPlaces(void) {
  static const struct { const char *name; PostTf tf; u32 df; bool wide; } c[] =
  {
    {"one position in each of two", postOne, 2, false},
    {"one far position in each of two", postOne, 2, true},
    {"inline, one document of 255 and another", postEdge, 2, false},
    {"inline, 70,000 positions", postHuge, 2, false},
    {"inline, far positions", postHuge, 2, true},
    {"63 positions: varints", postOne, 63, true},
    {"64 positions: patched", postOne, 64, true},
    {"256 positions: no offsets", postOne, 256, true},
    {"257 positions: offsets", postOne, 257, false},
    {"numbers about 64 and 256", postEdge, 40, false},
    {"and far apart", postEdge, 300, true},
    {"many documents with many", postEdge, 1500, false},
    {"a document of 70,000 among others", postHuge, 700, false},
    {"frequencies about 255", postRare, 9000, false},
  };
  for (u32 i = 0; i < SN_COUNT(c); i++) {
    PostList l = {.freqs = true, .norms = post_norms};
    postMixed(&l, c[i].df);
    postMake(&l, c[i].df, c[i].tf, c[i].wide);
    testOk(l.max < POST_NORMS && postRun(&l), c[i].name);
    postDrop(&l);
  }
}

/* ---- 4 ------------------------------------------------------------------ */

static void postLargest(void) {
  static const u32 dfs[] = {1, 2, 3, 64, 300, 8300};
  bool good = true;
  for (u32 i = 0; good && i < SN_COUNT(dfs) * 2; i++) {
    PostList l = {.freqs = i % 2, .max = DOC_MAX};
    u32 df = dfs[i / 2];
    postSteps(&l, df, 0, 1); /* then the second half up to the last one */
    for (u32 k = df / 2; k < df; k++) l.doc[k] = DOC_MAX - (df - k);
    postMake(&l, df, postFew, false);
    good = postRun(&l);
    postDrop(&l);
  }
  testOk(good, "documents 0 and 2^31 - 2 in one list");
}

/* A list is not read beyond the documents of its segment. */
static void postBeyond(void) {
  static const u32 dfs[] = {1, 2, 3, 63, 64, 300};
  bool good = true;
  for (u32 i = 0; good && i < SN_COUNT(dfs) * 3; i++) {
    PostList l = {.freqs = i & 1};
    PostCase c = {0};
    Postings p;
    static const u32 steps[] = {1, 2, 70};
    u32 df = dfs[i / 3], n = 0;
    postSteps(&l, df, 5, steps[i % 3]);
    postMake(&l, df, postOne, false);
    l.max = SN_MAX(l.doc[df - 1], df);
    good = postWrite(&c, &l);
    int rc = good ? snPostOpen(c.part.g, 3, c.d, 0, &p) : SEINE_ERROR;
    if (good && !rc) {
      while (snPostNext(&p) != DOC_END) good &= p.doc < l.max && n++ < df;
      rc = p.rc;
    }
    if (good) snPostClose(&p);
    if (rc != SEINE_CORRUPT) good = testNo("rc", (u64)rc, df);
    postEnd(&c);
    postDrop(&l);
  }
  testOk(good, "a document behind the segment's last one is damage");
}

/* ---- 5, forged ---------------------------------------------------------- */

static u32 post_said; /* findings about bounds */

static void postFinding(void *arg, const char *text) {
  (void)arg;
  post_said += strstr(text, "do not bound it") != NULL;
}

/* One byte of a pair is another: is that found?  at: of the list; from .. end:
** the documents that the pairs bound. */
static bool postForge(const PostList *l, u32 at, u32 pairs, u32 from, u32 end,
    u32 *wrong) {
  static Table t; /* without columns */
  PostCase c = {.forge_at = at};
  Impact imp[IMPACTS];
  u32 n = 0;
  bool under = true;
  post_said = 0;
  if (testRandom(4)) { /* most are changed by one: less tf, or more length */
    PostCase plain = {0};
    bool good = postWrite(&plain, l);
    u8 was = good ? plain.list[at] : 0;
    postEnd(&plain);
    if (!good || !was) return good;
    c.forge = (u8)((at - pairs) % 2 ? was + 1 : was - 1);
  } else {
    c.forge = (u8)testRandom(256);
  }
  bool good = postWrite(&c, l);
  for (const u8 *p = c.list + pairs; n < IMPACTS && p[2 * n]; n++)
    imp[n] = (Impact){p[2 * n], p[2 * n + 1]};
  for (u32 i = from; i < end; i++) under &= postUnder(l, i, imp, n);
  if (good) good = !snIndexCheck(c.part.g, &t, &test_budget, postFinding,
      NULL, NULL, NULL);
  if (good && under == (post_said > 0))
    good = testNo("found, or not", at, c.forge);
  *wrong += !under;
  postEnd(&c);
  return good;
}

static void postForged(void) {
  PostList l = {.freqs = true, .norms = post_norms};
  u32 df = 33 * 256, nb = 33, wrong = 0;
  u32 blocks = 4 + nb * 12, groups = blocks + nb * 8 + 2 * 4;
  bool good = true;
  postMixed(&l, df);
  postMake(&l, df, postFew, false);
  for (u32 t = 0; good && t < 60; t++) {
    u32 b = testRandom(nb), k = testRandom(IMPACTS * 2), at = blocks + 8 * b;
    good = postForge(&l, at + k, at, b * 256, b * 256 + 256, &wrong);
    b = testRandom(2);
    at = groups + 8 * b;
    if (good)
      good = postForge(&l, at + k, at, b * 8192, b ? df : 8192, &wrong);
  }
  postDrop(&l);
  printf("# %u bounds are wrong\n", wrong);
  testOk(good && wrong > 20, "a bound that is too small is found");
}

int main(int argc, char **argv) {
  testSeed(argc, argv);
  for (u32 i = 0, low = 0; i < POST_NORMS; i++) { /* blocks differ */
    if (i % 500 == 0) low = testRandom(100);
    post_norms[i] = (u8)(1 + low + testRandom(1 + testRandom(155)));
  }
  postForms();
  postLengths();
  postPlaces();
  postLargest();
  postBeyond();
  postForged();
  return testDone();
}
