/*
** pair_feed: the frequent words of a segment's documents, document by document
** in the order of their places, out of lists that go word by word.
**
** Lists are walked side by side over a few hundred documents at a time, whose
** words are then sorted.
*/
#include "index/indexInt.h"

#define PAIR_FEED 256u /* documents at a time */

typedef struct PairFeeder {
  const PairFeed *f;
  PairWriter *w;
  Postings *post;    /* of each word */
  bool *open;
  KeyIdx *word, *tmp;
  u32 n, cap, tmp_cap;
} PairFeeder;

static bool pairFeedGone(const PairFeed *f, u32 doc) {
  return f->map && f->map[doc] == DOC_END;
}

static int pairFeedOpen(PairFeeder *p) {
  const PairFeed *f = p->f;
  Dict *d;
  int rc = snDictTerms(f->seg, f->column, &d);
  p->post = snMemAlloc(p->w->budget, f->n * sizeof *p->post);
  p->open = snMemZero(p->w->budget, f->n * sizeof *p->open);
  if (!p->post || !p->open) return SN_NOMEM;
  if (!rc && !d) return SN_CORRUPT;
  for (u32 i = 0; !rc && i < f->n; i++) {
    if (f->ord[i] == DICT_NONE) continue;
    rc = snPostOpen(f->seg, f->column, d, f->ord[i], p->post + i);
    p->open[i] = true;
  }
  return rc;
}

static void pairFeedClose(PairFeeder *p) {
  for (u32 i = 0; p->post && p->open && i < p->f->n; i++)
    if (p->open[i]) snPostClose(p->post + i);
  snMemFree(p->post);
  snMemFree(p->open);
  snMemFree(p->word);
  snMemFree(p->tmp);
}

/* The places of word i in the documents [base, base + PAIR_FEED). */
static int pairFeedWord(PairFeeder *p, u32 i, u32 base) {
  Postings *k = p->post + i;
  for (u32 doc = snPostSeek(k, base); doc - base < PAIR_FEED;
       doc = snPostNext(k)) {
    const u32 *pos;
    u32 n;
    if (pairFeedGone(p->f, doc)) continue;
    int rc = snPostPositions(k, &pos, &n);
    if (!rc)
      rc = snMemGrow(p->w->budget, &p->word, &p->cap, (u64)p->n + n,
          sizeof *p->word);
    if (rc) return rc;
    for (u32 j = 0; j < n; j++)
      p->word[p->n++] = (KeyIdx){(u64)(doc - base) << 32 | pos[j], i};
  }
  return k->rc;
}

static int pairFeedDocs(PairFeeder *p, u32 base) {
  int rc = snMemGrow(p->w->budget, &p->tmp, &p->tmp_cap, p->cap,
      sizeof *p->tmp);
  if (rc) return rc;
  snSortKeys(p->word, p->n, p->tmp);
  for (u32 i = 0, k; i < p->n; i = k) {
    u32 at = (u32)(p->word[i].key >> 32), doc = base + at;
    for (k = i; k < p->n && p->word[k].key >> 32 == at; k++) {}
    doc = p->f->map && !p->f->old ? p->f->map[doc] : p->f->base + doc;
    snPairWriteDoc(p->w, doc, p->word + i, k - i);
  }
  return p->w->rc;
}

int snPairFeed(const PairFeed *f, PairWriter *w) {
  PairFeeder p = {.f = f, .w = w};
  u32 docs = snSegmentDocs(f->seg);
  int rc = pairFeedOpen(&p);
  for (u64 base = 0; !rc && base < docs; base += PAIR_FEED) {
    p.n = 0;
    for (u32 i = 0; !rc && i < f->n; i++)
      if (p.open[i]) rc = pairFeedWord(&p, i, (u32)base);
    if (!rc && p.n) rc = pairFeedDocs(&p, (u32)base);
    if (!rc && base % SN_WINDOW == 0 && f->cancelled && f->cancelled(f->arg))
      rc = SEINE_INTERRUPT;
  }
  pairFeedClose(&p);
  return rc;
}
#undef PAIR_FEED
