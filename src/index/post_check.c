/*
** post_check: are the dictionaries and posting lists of a segment what
** dict_write.c and post_write.c promise?
**   (1) terms ascend strictly; each is found by its text; separators are the
**       first bytes of the first terms of the blocks
**   (2) lists lie one behind the other and fill their section
**       maxima are the largest df of their terms
**   (3) a list has df documents, ascending, below the segment's count; their
**       frequencies add up to ttf; ttf and the documents with a term are
**       those of the head
**   (4) directory: last documents, offsets, occurrences before a block
**   (5) the pairs of its block, and of its group of 32 blocks, bound each
**       document
**   (6) at least 10, 100, 1,000 documents dominate the thresholds
**   (7) positions do not decrease; the norm of a document is that of its
**       occurrences
**   (8) of keywords: the lists are those that the codes of the column give
*/
#include "index/indexInt.h"

#define POST_CHECK_ASK 256u /* terms between looks for a cancel */

typedef struct PostCheck {
  IndexCheck *c;
  const Section *sec;
  const CheckCodes *codes;
  Dict *d;
  u32 docs;
  u64 *with;         /* documents with a term */
  u32 *length;       /* of text: occurrences per document, of words or pairs */
  const u8 *norms;
  u64 ttf, at;       /* of the lists so far */
  u32 ord;           /* of the term looked at */
  const u8 *maxima;  /* or NULL ... */
  u32 nblocks, max[2]; /* largest df of the block and the group so far */
} PostCheck;

/* One finding is enough for a list. */
static bool postCheckSay(PostCheck *k, const char *what, u32 doc) {
  snIndexCheckSay(k->c, "term %u, document %u: %s", k->ord, doc, what);
  return false;
}

/* ---- bounds ------------------------------------------------------------- */

/* The bounds that hold where the walk stands. */
typedef struct PostBounds {
  Impact block[IMPACTS], group[IMPACTS];
  u32 nblock, ngroup;
  u32 upto, group_upto;
  u32 tf[3], norm[3], count[3];
} PostBounds;

static bool postCheckBounds(PostCheck *k, const PostBounds *b, u32 doc,
    u32 tf) {
  u8 norm = k->norms ? k->norms[doc] : 1;
  if (!snImpactCovers(b->block, b->nblock, tf, norm))
    return postCheckSay(k, "the pairs of its block do not bound it", doc);
  if (!snImpactCovers(b->group, b->ngroup, tf, norm))
    return postCheckSay(k, "the pairs of its 32 blocks do not bound it", doc);
  if (doc > b->upto || doc > b->group_upto)
    return postCheckSay(k, "the bound ends before it", doc);
  return true;
}

static void postCheckThreshold(PostCheck *k, PostBounds *b, u32 doc, u32 tf) {
  u8 norm = k->norms ? k->norms[doc] : 1;
  for (u32 i = 0; i < 3; i++)
    b->count[i] += tf >= b->tf[i] && norm <= b->norm[i];
}

static bool postCheckThresholds(PostCheck *k, const Postings *p,
    const PostBounds *b) {
  u32 need = 10;
  for (u32 i = 0; i < 3 && p->thresholds; i++, need *= 10)
    if (b->count[i] < need || !b->tf[i])
      return postCheckSay(k, "too few documents reach a threshold", DOC_END);
  return true;
}

/* ---- a list ------------------------------------------------------------- */

/* Entering a block: its place in the directory. */
static bool postCheckBlock(PostCheck *k, Postings *p, u64 ttf,
    PostBounds *b) {
  u32 doc = p->docs[p->n - 1], n = p->block;
  if (k->length) {
    b->nblock = snPostImpacts(p, p->docs[0], false, &b->upto, b->block);
    b->ngroup = snPostImpacts(p, p->docs[0], true, &b->group_upto, b->group);
  }
  if (!p->last) return true;
  const u8 *off = p->off + 4 * (size_t)n;
  if (snGet32(p->last + 4 * (size_t)n) != doc)
    return postCheckSay(k, "is not the last of its block", doc);
  if (n ? snGet32(off) <= snGet32(off - 4) : snGet32(off) != 0)
    return postCheckSay(k, "offsets of blocks do not ascend", doc);
  if (p->cum && snGet32(p->cum + 4 * (size_t)n) != ttf)
    return postCheckSay(k, "occurrences before its block are wrong", doc);
  if (k->length && b->upto != doc)
    return postCheckSay(k, "the bound of its block ends elsewhere", doc);
  bool ends = n + 1 == p->nblocks || n % POST_SUPER == POST_SUPER - 1;
  if (k->length && ends && p->sup_last && b->group_upto != doc)
    return postCheckSay(k, "the bound of its 32 blocks ends elsewhere", doc);
  return true;
}

static bool postCheckPositions(PostCheck *k, Postings *p, u32 tf) {
  const u32 *pos;
  u32 n;
  int rc = snPostPositions(p, &pos, &n);
  if (rc && rc != SEINE_CORRUPT) k->c->rc = rc;
  if (rc || n != tf) return postCheckSay(k, "no positions", p->doc);
  for (u32 i = 1; i < n; i++)
    if (pos[i] < pos[i - 1])
      return postCheckSay(k, "positions decrease", p->doc);
  return true;
}

/* Walks the documents; *sum: of their hashes. */
static bool postCheckWalk(PostCheck *k, Postings *p, u64 *sum) {
  PostBounds b = {.upto = DOC_END, .group_upto = DOC_END};
  u64 ttf = 0;
  u32 n = 0, block = UINT32_MAX, next = 0;
  for (u32 i = 0; i < 3 && p->thresholds; i++) {
    b.tf[i] = p->thresholds[2 * i];
    b.norm[i] = p->thresholds[2 * i + 1];
  }
  *sum = 0;
  while (snPostNext(p) != DOC_END) {
    u32 doc = p->doc, tf = snPostFreq(p);
    if (doc < next || doc >= k->docs)
      return postCheckSay(k, "is out of order", doc);
    next = doc + 1;
    if (p->block != block && !postCheckBlock(k, p, ttf, &b)) return false;
    block = p->block;
    if (!tf || p->rc) return postCheckSay(k, "no frequency", doc);
    if (k->length && !postCheckBounds(k, &b, doc, tf)) return false;
    if (p->thresholds) postCheckThreshold(k, &b, doc, tf);
    if (p->has_pos && !postCheckPositions(k, p, tf)) return false;
    snBitSet(k->with, doc);
    if (k->length) k->length[doc] += tf;
    *sum += snHashInt(doc + 1ull);
    ttf += tf;
    n++;
  }
  if (p->rc && p->rc != SEINE_CORRUPT) k->c->rc = p->rc;
  if (p->rc) return postCheckSay(k, "the list cannot be decoded", next);
  if (n != p->df) return postCheckSay(k, "wrong number of documents", next);
  if (ttf != p->ttf) return postCheckSay(k, "wrong sum of frequencies", next);
  return postCheckThresholds(k, p, &b);
}

/* At the last term of a block, and of a group of blocks. */
static void postCheckMaximum(PostCheck *k, u32 df) {
  u32 b = k->ord / DICT_BLOCK;
  bool last = k->ord + 1 == snDictCount(k->d);
  if (!k->maxima) return;
  k->max[0] = SN_MAX(k->max[0], df);
  if (!last && k->ord % DICT_BLOCK != DICT_BLOCK - 1) return;
  if (k->max[0] != snGet32(k->maxima + 4 * (size_t)b))
    snIndexCheckSay(k->c, "the maximum of block %u is wrong", b);
  k->max[1] = SN_MAX(k->max[1], k->max[0]);
  k->max[0] = 0;
  if (!last && b % DICT_GROUP != DICT_GROUP - 1) return;
  b /= DICT_GROUP;
  if (k->max[1] != snGet32(k->maxima + 4 * (size_t)(k->nblocks + b)))
    snIndexCheckSay(k->c, "the maximum of group %u is wrong", b);
  k->max[1] = 0;
}

static void postCheckList(PostCheck *k) {
  Postings p;
  TermMeta m;
  u64 sum;
  int rc = snDictMeta(k->d, k->ord, &m);
  if (rc) {
    if (rc != SEINE_CORRUPT) k->c->rc = rc;
    postCheckSay(k, "its entry cannot be decoded", DOC_END);
    return;
  }
  if (m.df > POST_INLINE && m.at != k->at)
    postCheckSay(k, "its list lies elsewhere", DOC_END);
  if (m.df > POST_INLINE) k->at = m.at + m.len;
  k->ttf += m.ttf;
  postCheckMaximum(k, m.df);
  rc = snPostOpen(k->c->g, k->sec->column, k->d, k->ord, &p);
  if (rc && rc != SEINE_CORRUPT) k->c->rc = rc;
  if (rc) postCheckSay(k, "its list cannot be opened", DOC_END);
  bool good = !rc && postCheckWalk(k, &p, &sum);
  snPostClose(&p);
  if (good && k->codes && k->ord < k->codes->n &&
      (k->codes->df[k->ord] != m.df || k->codes->sum[k->ord] != sum))
    postCheckSay(k, "its list is not that of the column", DOC_END);
}

/* ---- a dictionary ------------------------------------------------------- */

static void postCheckTerm(PostCheck *k, const Buf *t, const Buf *prev) {
  u32 ord = k->ord, got;
  bool exact;
  const u8 *sep;
  if (ord && snStrCmp(prev->data, (u32)prev->n, t->data, (u32)t->n) >= 0)
    snIndexCheckSay(k->c, "term %u is not behind the one before", ord);
  int rc = snDictFind(k->d, t->data, (u32)t->n, &got);
  if (snIndexCheckRc(k->c, rc, "a term") && got != ord)
    snIndexCheckSay(k->c, "term %u is not found by its text", ord);
  rc = snDictSeek(k->d, t->data, (u32)t->n, &got, &exact);
  if (snIndexCheckRc(k->c, rc, "a term") && (got != ord || !exact))
    snIndexCheckSay(k->c, "term %u is not sought by its text", ord);
  if (ord % DICT_BLOCK) return;
  rc = snSegmentGet(k->c->g, k->sec, DICT_HEAD + 8ull * (ord / DICT_BLOCK), 8,
      &sep);
  if (snIndexCheckRc(k->c, rc, "a separator") &&
      snGet64(sep) != snDictKey(t->data, (u32)t->n))
    snIndexCheckSay(k->c, "the separator of term %u is wrong", ord);
}

static void postCheckTerms(PostCheck *k, bool lists) {
  DictIter it;
  Buf prev;
  u32 n = 0;
  snBufInit(&prev, k->c->budget);
  snDictIterOpen(&it, k->d, 0);
  while (!k->c->rc && snDictIterNext(&it)) {
    k->ord = n++;
    if (n % POST_CHECK_ASK == 0 && !snIndexCheckGoes(k->c)) break;
    if (it.ord != k->ord) snIndexCheckSay(k->c, "term %u comes late", n);
    postCheckTerm(k, &it.text, &prev);
    prev.n = 0;
    snBufAdd(&prev, it.text.data, it.text.n);
    if (prev.rc) k->c->rc = prev.rc;
    if (lists && !k->c->rc) postCheckList(k);
    if (!lists && k->codes && !k->codes->df[k->ord])
      snIndexCheckSay(k->c, "term %u is in no document", k->ord);
  }
  if (!k->c->rc && snIndexCheckRc(k->c, it.rc, "the dictionary") &&
      n != snDictCount(k->d))
    snIndexCheckSay(k->c, "%u terms of %u", n, snDictCount(k->d));
  snDictIterClose(&it);
  snBufClear(&prev);
}

static void postCheckNorms(PostCheck *k) {
  for (u32 doc = 0; doc < k->docs; doc++) {
    if (k->norms[doc] == snNormPut(k->length[doc])) continue;
    snIndexCheckSay(k->c, "document %u has %u words, its norm says %u", doc,
        k->length[doc], snNormGet(k->norms[doc]));
    return;
  }
}

static void postCheckEnds(PostCheck *k) {
  bool pairs = k->sec->kind == SEC_PAIRS;
  const Section *post = snSegmentFind(k->c->g, snDictLists(k->d),
      k->sec->column);
  u32 with = snBitsCount(k->with, k->docs / 64 + 1);
  if (post && k->at != post->len)
    snIndexCheckSay(k->c, "the lists end at byte %llu of %llu",
        (unsigned long long)k->at, (unsigned long long)post->len);
  if (k->ttf != snDictTtf(k->d))
    snIndexCheckSay(k->c, "%llu occurrences, the dictionary says %llu",
        (unsigned long long)k->ttf, (unsigned long long)snDictTtf(k->d));
  if (with != snDictDocs(k->d))
    snIndexCheckSay(k->c, "%u documents, the dictionary says %u", with,
        snDictDocs(k->d));
  if (k->length && k->norms && !pairs) postCheckNorms(k);
}

/* They stand behind the arrays of the blocks. */
static int postCheckMaxima(PostCheck *k, bool has) {
  u64 n = snDictCount(k->d);
  k->nblocks = (u32)((n + DICT_BLOCK - 1) / DICT_BLOCK);
  if (has != (k->nblocks >= DICT_GROUP))
    snIndexCheckSay(k->c, "%u blocks %s maxima", k->nblocks,
        has ? "with" : "without");
  if (!has) return SEINE_OK;
  return snSegmentGet(k->c->g, k->sec, DICT_HEAD + 20ull * k->nblocks,
      4ull * (k->nblocks + (k->nblocks + DICT_GROUP - 1) / DICT_GROUP),
      &k->maxima);
}

static int postCheckOpen(PostCheck *k, bool *lists) {
  IndexCheck *c = k->c;
  const u8 *head;
  u32 column = k->sec->column;
  bool pairs = k->sec->kind == SEC_PAIRS;
  int rc = snSegmentGet(c->g, k->sec, 0, DICT_HEAD, &head);
  if (rc) return rc;
  *lists = head[4] & 1;
  if (head[4] > 31 || (head[4] & 18) == 18 || head[5] || snGet16(head + 6))
    snIndexCheckSay(c, "flags %02x %02x %04x of a dictionary", head[4],
        head[5], snGet16(head + 6));
  if (k->sec->kind == SEC_TERMS) rc = snDictTerms(c->g, column, &k->d);
  else if (pairs) rc = snDictPairs(c->g, column, &k->d);
  else rc = snDictValues(c->g, column, &k->d);
  if (!rc && !k->d) rc = SN_CORRUPT;
  if (!rc && *lists != (k->sec->kind != SEC_VALUES)) rc = SN_CORRUPT;
  if (!rc && pairs != ((head[4] & 8) != 0)) rc = SN_CORRUPT;
  if (rc || !*lists) return rc;
  rc = postCheckMaxima(k, head[4] & 4);
  if (rc) return rc;
  k->with = snMemZero(c->budget, (k->docs / 64 + 1) * sizeof(u64));
  if (!k->with) return SN_NOMEM;
  if (!snDictHasFreqs(k->d)) return SEINE_OK;
  k->length = snMemZero(c->budget, k->docs * sizeof(u32));
  if (!k->length) return SN_NOMEM;
  rc = snNormBytes(c->g, column, &k->norms);
  if (!rc && !k->norms) snIndexCheckSay(c, "words without norms");
  return rc;
}

void snPostCheck(IndexCheck *c, const Section *s, const CheckCodes *codes) {
  PostCheck k = {.c = c, .sec = s, .codes = codes, .docs = c->g->docs};
  bool lists = false;
  if (snIndexCheckRc(c, postCheckOpen(&k, &lists), "the dictionary")) {
    postCheckTerms(&k, lists);
    if (!c->rc && lists) postCheckEnds(&k);
    else if (!c->rc && codes && codes->with != snDictDocs(k.d))
      snIndexCheckSay(c, "%u documents, the dictionary says %u", codes->with,
          snDictDocs(k.d));
  }
  snMemFree(k.with);
  snMemFree(k.length);
}

#undef POST_CHECK_ASK
