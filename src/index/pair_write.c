/*
** pair_write: which frequent words of a column stand side by side, where?
**
** Words that most documents have make the slowest phrases: long lists, and
** the positions of nearly all that is in them.  So a segment can have a list
** for each pair of its frequent words, of the documents in which the second
** stands right behind the first.
**
** Section PAIR_WORDS:
**   u16 flags: 1 a document has one of the words twice at one place
**   u16 words that were asked for
**   per frequent word u32: its ordinal in TERMS, ascending
** Section PAIRS: a dictionary of the pairs that occur; a term is two bytes,
**   the numbers (from 0) of the first and of the second word among them
** Section PAIR_POST: their lists, with frequencies, without positions
**
** (1) The frequency of a pair in a document is what the phrase of its two
**     words has there: the places of the rarer word, of equal ones the first,
**     that fit a place of the other.  (Only a word that stands twice at one
**     place makes it matter whose places are counted.)
** (2) A pair of frequent words without a list is in no document.
** (3) Memory does not grow with the segment: documents are collected for as
**     many pairs as there is room for, and fed again for the others.  A pair
**     alone takes what it needs, less than the norms of the column.
** (4) What is written does not depend on how often documents were fed.
*/
#include "index/indexInt.h"

#define PAIR_CHUNK 56u          /* bytes of a chunk */
#define PAIR_ROOM  (64u << 20)  /* of all chunks, at most */
#define PAIR_LEAST (256u << 10) /* ... and at least */
#define PAIR_PART  8            /* of what is left: more threads may write */

struct PairChunk {
  PairChunk *next;
  u8 data[PAIR_CHUNK];
};

/* ---- which words -------------------------------------------------------- */

static void pairPickLeast(PairPick *p) {
  p->least = 0;
  for (u32 i = 1; i < p->n; i++) {
    const PairWord *a = p->v + i, *b = p->v + p->least;
    if (a->df < b->df || (a->df == b->df && a->ord > b->ord)) p->least = i;
  }
}

bool snPairPick(PairPick *p, u32 df, u32 ord, u32 *slot) {
  if (df <= PAIR_DOCS || !p->most) return false;
  if (p->n == p->most && df <= p->v[p->least].df) return false;
  u32 at = p->n < p->most ? p->n++ : p->least;
  *slot = at;
  p->v[at] = (PairWord){df, ord, at};
  pairPickLeast(p);
  return true;
}

void snPairPickEnd(PairPick *p) {
  for (u32 i = 1; i < p->n; i++) {
    PairWord w = p->v[i];
    u32 k = i;
    for (; k && p->v[k - 1].ord > w.ord; k--) p->v[k] = p->v[k - 1];
    p->v[k] = w;
  }
}

/* Bytes that a budget has left. */
static i64 pairLeft(const Budget *b) {
  i64 left = INT64_MAX;
  for (; b; b = b->parent) {
    i64 used = __atomic_load_n(&b->used, __ATOMIC_RELAXED);
    if (b->limit > 0) left = SN_MIN(left, SN_MAX(b->limit - used, 0));
  }
  return left;
}

/* So many words can be had: their tables take a part of what is left, and leave
** room for more. */
static u32 pairMost(const Budget *b, u32 asked) {
  u64 each = sizeof(PairList) + sizeof(PairSum) + sizeof(u32);
  u64 left = (u64)pairLeft(b) / PAIR_PART;
  u32 n = left < PAIR_LEAST ? 0 : SN_MIN(asked, PAIR_WORDS);
  while (n && n * (u64)n * each > left) n--;
  return n;
}

void snPairPickInit(PairPick *p, const Budget *b, u32 asked) {
  p->asked = asked;
  p->most = pairMost(b, asked);
  p->n = 0;
}

/* ---- collecting --------------------------------------------------------- */

static void pairByte(PairWriter *w, PairList *l, u8 byte) {
  if (!l->first || l->at == PAIR_CHUNK) {
    PairChunk *c = w->spare;
    if (c) w->spare = c->next;
    else c = snMemAlloc(w->budget, sizeof *c);
    if (!c) {
      w->rc = SN_NOMEM;
      return;
    }
    c->next = NULL;
    if (l->first) l->last->next = c;
    else l->first = c;
    l->last = c;
    l->at = 0;
    w->used += sizeof *c;
  }
  l->last->data[l->at++] = byte;
}

static void pairVarint(PairWriter *w, PairList *l, u64 v) {
  for (; v >= 0x80 && !w->rc; v >>= 7) pairByte(w, l, (u8)(v | 0x80));
  if (!w->rc) pairByte(w, l, (u8)v);
}

static void pairAppend(PairWriter *w, u32 pair, u32 doc, u32 tf) {
  PairList *l = w->list + pair;
  pairVarint(w, l, (u64)(doc - l->next) << 1 | (tf == 1));
  if (tf != 1) pairVarint(w, l, tf);
  l->next = doc + 1;
  l->df++;
}

static void pairDrop(PairWriter *w, PairList *l) {
  while (l->first) {
    PairChunk *c = l->first;
    l->first = c->next;
    c->next = w->spare;
    w->spare = c;
    w->used -= sizeof *c;
  }
  memset(l, 0, sizeof *l);
}

/* The last of the pairs that are collected wait for another feed, so that
** about half of the room is free. */
static void pairHalve(PairWriter *w) {
  while (w->used > w->room / 2 && w->end - w->from > 1)
    pairDrop(w, w->list + --w->end);
}

/* ---- a document --------------------------------------------------------- */

/* The words at one place: which, and how often. */
typedef struct PairPlace {
  u64 pos;
  u32 n;
  u8 word[PAIR_WORDS];
  u32 times[PAIR_WORDS]; /* by word */
} PairPlace;

/* From word i on; the first one behind the place. */
static u32 pairPlace(PairWriter *w, const KeyIdx *word, u32 i, u32 n,
    PairPlace *p) {
  for (u32 k = 0; k < p->n; k++) p->times[p->word[k]] = 0;
  p->n = 0;
  p->pos = (u32)word[i].key;
  for (; i < n && (u32)word[i].key == p->pos; i++) {
    u32 v = word[i].idx;
    if (p->times[v]++) w->twice = true;
    else p->word[p->n++] = (u8)v;
  }
  return i;
}

static void pairSum(PairWriter *w, u32 pair, u32 first, u32 second) {
  PairSum *s = w->sum + pair;
  if (!s->first) w->seen[w->nseen++] = pair;
  s->first += first;
  s->second += second;
}

static void pairMeet(PairWriter *w, const PairPlace *a, const PairPlace *b) {
  for (u32 i = 0; i < a->n; i++) {
    u32 first = a->word[i];
    for (u32 k = 0; k < b->n; k++) {
      u32 second = b->word[k];
      pairSum(w, first * w->n + second, a->times[first], b->times[second]);
    }
  }
}

/* A document in which places have one word each; false: it is none. */
static bool pairPlain(PairWriter *w, const KeyIdx *word, u32 n) {
  for (u32 i = 1; i < n; i++)
    if ((u32)word[i].key == (u32)word[i - 1].key) return false;
  for (u32 i = 1; i < n; i++)
    if ((u32)word[i].key - (u32)word[i - 1].key == 1)
      pairSum(w, word[i - 1].idx * w->n + word[i].idx, 1, 1);
  return true;
}

static void pairPlaces(PairWriter *w, const KeyIdx *word, u32 n) {
  PairPlace place[2];
  u32 at = 0;
  place[0].n = place[1].n = 0;
  memset(place[0].times, 0, w->n * sizeof(u32));
  memset(place[1].times, 0, w->n * sizeof(u32));
  for (u32 i = 0; i < n; at = !at) {
    bool first = !i;
    i = pairPlace(w, word, i, n, place + at);
    if (!first && place[!at].pos + 1 == place[at].pos)
      pairMeet(w, place + !at, place + at);
  }
}

/* Invariant (1). */
static void pairDocEnd(PairWriter *w, u32 doc) {
  w->with += w->nseen && !w->from;
  for (u32 i = 0; i < w->nseen; i++) {
    u32 pair = w->seen[i];
    PairSum *s = w->sum + pair;
    bool first = w->tf[pair / w->n] <= w->tf[pair % w->n];
    if (pair >= w->from && pair < w->end && !w->rc)
      pairAppend(w, pair, doc, first ? s->first : s->second);
    *s = (PairSum){0, 0};
  }
  w->nseen = 0;
}

void snPairWriteDoc(PairWriter *w, u32 doc, const KeyIdx *word, u32 n) {
  if (w->rc) return;
  bool plain = pairPlain(w, word, n);
  for (u32 i = 0; i < n && !plain; i++) w->tf[word[i].idx]++;
  if (!plain) pairPlaces(w, word, n);
  pairDocEnd(w, doc);
  if (!plain) memset(w->tf, 0, w->n * sizeof *w->tf);
  if (w->used > w->room) pairHalve(w);
}

/* ---- reading what was collected ----------------------------------------- */

void snPairIterOpen(PairIter *it, const PairWriter *w, u32 pair) {
  const PairList *l = w->list + pair;
  *it = (PairIter){.list = l, .chunk = l->first, .left = l->df};
}

static u64 pairIterVarint(PairIter *it) {
  u64 v = 0;
  for (u32 shift = 0;; shift += 7) {
    if (it->at == PAIR_CHUNK) {
      it->chunk = it->chunk->next;
      it->at = 0;
    }
    u8 byte = it->chunk->data[it->at++];
    v |= (u64)(byte & 0x7f) << shift;
    if (byte < 0x80) return v;
  }
}

bool snPairIterNext(PairIter *it) {
  if (!it->left) return false;
  bool first = it->left-- == it->list->df;
  u64 v = pairIterVarint(it);
  it->doc = (u32)(v >> 1) + (first ? 0 : it->doc + 1);
  it->tf = v & 1 ? 1 : (u32)pairIterVarint(it);
  return true;
}

/* ---- all pairs ---------------------------------------------------------- */

static int pairOpen(PairWriter *w, Budget *b, u32 n) {
  u64 pairs = (u64)n * n;
  memset(w, 0, sizeof *w);
  w->budget = b;
  w->n = n;
  w->list = snMemZero(b, pairs * sizeof *w->list);
  w->sum = snMemZero(b, pairs * sizeof *w->sum);
  w->seen = snMemAlloc(b, pairs * sizeof *w->seen);
  w->room = SN_MIN((u64)pairLeft(b) / PAIR_PART, PAIR_ROOM);
  w->room = SN_MAX(w->room, PAIR_LEAST);
  return w->list && w->sum && w->seen ? SEINE_OK : SN_NOMEM;
}

static void pairClose(PairWriter *w) {
  for (u32 i = 0; w->list && i < w->n * w->n; i++) pairDrop(w, w->list + i);
  while (w->spare) {
    PairChunk *c = w->spare;
    w->spare = c->next;
    snMemFree(c);
  }
  snMemFree(w->list);
  snMemFree(w->sum);
  snMemFree(w->seen);
}

/* One feed, and who it is for. */
static int pairPass(PairWriter *w, const PairSource *s) {
  w->end = w->n * w->n;
  int rc = s->feed(s->arg, w);
  if (!rc) rc = w->rc;
  for (u32 k = w->from; !rc && k < w->end; k++)
    if (w->list[k].df) rc = s->pair(s->arg, w, k);
  for (u32 k = w->from; k < w->end; k++) pairDrop(w, w->list + k);
  w->from = w->end;
  return rc;
}

int snPairRun(PairWriter *w, Budget *b, const PairSource *s) {
  int rc = pairOpen(w, b, s->n);
  while (!rc && w->from < w->n * w->n) rc = pairPass(w, s);
  pairClose(w);
  return rc;
}

/* ---- the sections ------------------------------------------------------- */

typedef struct PairOut {
  FieldWriter f;
  const u32 *map;
  int (*feed)(void *arg, PairWriter *w);
  void *arg;
} PairOut;

static int pairOutFeed(void *arg, PairWriter *w) {
  PairOut *o = arg;
  return o->feed(o->arg, w);
}

static int pairOutPair(void *arg, PairWriter *w, u32 pair) {
  PairOut *o = arg;
  u8 term[2] = {(u8)(pair / w->n), (u8)(pair % w->n)};
  PairIter it;
  snPairIterOpen(&it, w, pair);
  while (snPairIterNext(&it))
    snFieldWriteDoc(&o->f, o->map ? o->map[it.doc] : it.doc, it.tf, NULL);
  (void)snFieldWriteTerm(&o->f, term, 2);
  return o->f.post.rc;
}

int snPairWrite(SegWriter *seg, u32 column, const PairPick *pick,
    const u8 *norms, double average, const u32 *map, Budget *b,
    int (*feed)(void *arg, PairWriter *w), void *arg) {
  PairOut o = {.map = map, .feed = feed, .arg = arg};
  PairSource s = {pick->n, pairOutFeed, pairOutPair, &o};
  PairWriter w;
  if (pairMost(b, pick->n) < pick->n || !pick->n) return SEINE_OK;
  snFieldWriteBegin(&o.f, seg, column, true, norms, average, b);
  snFieldWritePairs(&o.f);
  if (map) snFieldWriteScattered(&o.f);
  int rc = o.f.post.rc ? o.f.post.rc : snPairRun(&w, b, &s);
  if (rc) {
    snFieldWriteFree(&o.f);
    return rc;
  }
  rc = snFieldWriteEnd(&o.f, w.with);
  if (rc) return rc;
  snSegWriteBegin(seg);
  snBufU16(&seg->buf, w.twice ? PAIR_TWICE : 0);
  snBufU16(&seg->buf, (u16)pick->asked);
  for (u32 i = 0; i < pick->n; i++) snBufU32(&seg->buf, pick->v[i].ord);
  snSegWriteEnd(seg, SEC_PAIR_WORDS, column);
  return SEINE_OK;
}
#undef PAIR_CHUNK
#undef PAIR_ROOM
#undef PAIR_LEAST
#undef PAIR_PART
