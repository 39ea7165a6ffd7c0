/*
** pair_check: are the pairs of frequent words what pair_write.c promises?
**   (1) the three sections of a column come together, with words of its
**       dictionary, ascending
**   (2) each pair that stands somewhere has a list, with just the documents
**       and frequencies that the positions of its words say; others have none
**   (3) the flag says whether a word stands twice at one place
** The dictionary and the bounds of the lists are looked at by post_check.c.
*/
#include "index/indexInt.h"

typedef struct PairCheck {
  IndexCheck *c;
  Dict *d;
  u32 column, n;
  u32 ord[PAIR_WORDS];
  u32 lists;         /* pairs that stand somewhere */
} PairCheck;

static int pairCheckFeed(void *arg, PairWriter *w) {
  PairCheck *k = arg;
  PairFeed f = {k->c->g, k->column, k->n, k->ord, NULL, 0, false, NULL,
      NULL};
  return snPairFeed(&f, w);
}

/* Do list and positions say the same? */
static bool pairCheckSame(Postings *p, PairIter *it) {
  while (snPairIterNext(it)) {
    if (snPostNext(p) != it->doc || snPostFreq(p) != it->tf || p->rc)
      return false;
  }
  return snPostNext(p) == DOC_END && !p->rc;
}

static int pairCheckPair(void *arg, PairWriter *w, u32 pair) {
  PairCheck *k = arg;
  u32 a = pair / k->n, b = pair % k->n, ord;
  u8 term[2] = {(u8)a, (u8)b};
  PairIter it;
  Postings p;
  k->lists++;
  int rc = snDictFind(k->d, term, 2, &ord);
  if (!rc && ord == DICT_NONE) {
    snIndexCheckSay(k->c, "words %u and %u have no list", a, b);
    return SEINE_OK;
  }
  if (rc) return rc;
  rc = snPostOpen(k->c->g, k->column, k->d, ord, &p);
  snPairIterOpen(&it, w, pair);
  bool good = !rc && pairCheckSame(&p, &it);
  if (!rc && p.rc && p.rc != SEINE_CORRUPT) rc = p.rc;
  snPostClose(&p);
  if (!rc && !good)
    snIndexCheckSay(k->c, "the list of words %u and %u is not what their "
        "positions say", a, b);
  return rc;
}

/* The words of the section.  false: nothing can be said of their pairs. */
static bool pairCheckWords(PairCheck *k, const Section *s, u32 *flags) {
  IndexCheck *c = k->c;
  Dict *terms;
  const u8 *p;
  bool good = true;
  int rc = snDictTerms(c->g, k->column, &terms);
  if (!rc) rc = snDictPairs(c->g, k->column, &k->d);
  if (!rc) rc = snSegmentGet(c->g, s, 0, s->len, &p);
  if (!rc && (s->len < PAIR_HEAD + 4 || s->len % 4 ||
                 s->len > PAIR_HEAD + 4 * PAIR_WORDS))
    rc = SN_CORRUPT;
  if (!snIndexCheckRc(c, rc, "the frequent words")) return false;
  if (!terms || !k->d) return false; /* the partners were said to be missing */
  *flags = snGet16(p);
  k->n = (u32)(s->len - PAIR_HEAD) / 4;
  if (snGet16(p + 2) < k->n)
    snIndexCheckSay(c, "%u frequent words, %u were asked for", k->n,
        snGet16(p + 2));
  for (u32 i = 0; i < k->n; i++) {
    k->ord[i] = snGet32(p + PAIR_HEAD + 4 * (size_t)i);
    good &= k->ord[i] < snDictCount(terms) && (!i || k->ord[i] > k->ord[i - 1]);
  }
  if (!good) snIndexCheckSay(c, "the frequent words do not ascend");
  return good && snDictHasFreqs(terms);
}

void snPairCheck(IndexCheck *c, const Section *s) {
  PairCheck k = {.c = c, .column = s->column};
  u32 flags;
  PairWriter w;
  if (!pairCheckWords(&k, s, &flags)) return;
  PairSource from = {k.n, pairCheckFeed, pairCheckPair, &k};
  int rc = snPairRun(&w, c->budget, &from);
  if (!snIndexCheckRc(c, rc, "the pairs")) return;
  if (k.lists != snDictCount(k.d))
    snIndexCheckSay(c, "%u pairs have lists, %u stand somewhere",
        snDictCount(k.d), k.lists);
  if (flags != (w.twice ? PAIR_TWICE : 0))
    snIndexCheckSay(c, "the flags of the frequent words are %04x", flags);
}
