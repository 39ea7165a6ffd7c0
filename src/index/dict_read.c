/*
** dict_read: dictionaries, read.  The format is in dict_write.c.
**
** A look-up searches the 8-byte separators, then the one block that can hold
** the term: by fingerprint first, so that an exact hit decodes one block and
** an exact miss mostly none.  Everything decoded is bounded by the section.
*/
#include "index/indexInt.h"

struct Dict {
  Segment *seg;
  const Section *sec;
  u32 n, docs_with, nblocks;
  bool has_post, has_freqs, has_pos;
  u64 ttf;
  const u8 *seps, *posts, *offs;
  const u8 *maxima;  /* of blocks, then of groups; or NULL */
  Fsst *code;        /* of what entries add; or NULL */
  Buf room;          /* of a look-up */
  u64 body;          /* offset of the blocks in the section */
  DictText *texts;   /* of all terms, once a small dictionary was asked */
  Arena bytes;
};
#define DICT_ASK   16u    /* blocks of a walk between looks for a cancel */
#define DICT_CACHE 65536u /* terms: dictionaries up to this are kept decoded */
#define DICT_TABLE 2296u  /* bytes that the table of codes has at most */

/* Behind the arrays stands the table of the codes. */
static int dictOpenCode(Dict *d) {
  u64 n = d->sec->len - d->body;
  const u8 *p;
  n = SN_MIN(n, DICT_TABLE);
  int rc = snSegmentGet(d->seg, d->sec, d->body, n, &p);
  if (rc) return rc;
  d->code = snMemAlloc(d->seg->budget, sizeof *d->code);
  if (!d->code) return SN_NOMEM;
  Rd r = {p, p + n, false};
  rc = snFsstTable(&r, d->code);
  d->body += (u64)(r.p - p);
  return rc;
}

static int dictOpen(Segment *g, Section *s, Dict **out) {
  const u8 *p;
  *out = s->dict;
  if (*out) return SEINE_OK;
  int rc = snSegmentGet(g, s, 0, DICT_HEAD, &p);
  if (rc) return rc;
  Dict *d = snMemZero(g->budget, sizeof *d);
  if (!d) return SN_NOMEM;
  d->seg = g;
  d->sec = s;
  u8 flags = p[4];
  d->n = snGet32(p);
  d->has_post = flags & 1;
  d->has_freqs = flags & 2;
  d->has_pos = d->has_freqs && !(flags & 8);
  d->ttf = snGet64(p + 8);
  d->docs_with = snGet32(p + 16);
  d->nblocks = snGet32(p + 20);
  u64 n = d->nblocks, arrays = (d->has_post ? 20 : 12) * n;
  u64 groups = (n + DICT_GROUP - 1) / DICT_GROUP, offs = arrays;
  if (flags & 4) arrays += 4 * (n + groups);
  if (n != ((u64)d->n + DICT_BLOCK - 1) / DICT_BLOCK) rc = SN_CORRUPT;
  if (!rc) rc = snSegmentGet(g, s, DICT_HEAD, arrays, &d->seps);
  d->body = DICT_HEAD + arrays;
  if (!rc && flags & 16) rc = dictOpenCode(d);
  if (rc) {
    snMemFree(d->code);
    snMemFree(d);
    return rc;
  }
  d->posts = d->seps + 8 * n;
  d->offs = d->posts + (d->has_post ? 8 * n : 0);
  d->maxima = arrays > offs ? d->seps + offs : NULL;
  snArenaInit(&d->bytes, g->budget);
  snBufInit(&d->room, g->budget);
  *out = s->dict = d;
  return SEINE_OK;
}

int snDictTerms(Segment *g, u32 column, Dict **out) {
  Segment *of;
  Section *s;
  *out = NULL;
  int rc = snSegmentWords(g, SEC_TERMS, column, &of, &s);
  return rc || !s ? rc : dictOpen(of, s, out);
}

int snDictValues(Segment *g, u32 column, Dict **out) {
  Section *s = snSegmentFind(g, SEC_VALUES, column);
  *out = NULL;
  return s ? dictOpen(g, s, out) : SEINE_OK;
}

int snDictPairs(Segment *g, u32 column, Dict **out) {
  Segment *of;
  Section *s;
  *out = NULL;
  int rc = snSegmentWords(g, SEC_PAIRS, column, &of, &s);
  return rc || !s ? rc : dictOpen(of, s, out);
}

void snDictFree(Dict *d) {
  if (!d) return;
  snArenaClear(&d->bytes);
  snBufClear(&d->room);
  snMemFree(d->code);
  snMemFree(d->texts);
  snMemFree(d);
}

u32 snDictCount(const Dict *d) { return d->n; }
u64 snDictTtf(const Dict *d) { return d->ttf; }
u32 snDictDocs(const Dict *d) { return d->docs_with; }
bool snDictHasFreqs(const Dict *d) { return d->has_freqs; }
bool snDictHasPos(const Dict *d) { return d->has_pos; }

u64 snDictId(const Dict *d) {
  return d->seg->serial << 32 | (u64)(d->sec - d->seg->sec);
}

Segment *snDictSegment(const Dict *d) { return d->seg; }

SecKind snDictLists(const Dict *d) {
  return d->sec->kind == SEC_PAIRS ? SEC_PAIR_POST : SEC_POST;
}

/* A block: its entries begin behind prints and the offset of the metas. */
typedef struct DictBlock {
  const u8 *start, *end;
  u32 n;
  const u8 *prints, *entries, *metas;
} DictBlock;

static int dictBlock(Dict *d, u32 b, DictBlock *out) {
  u32 at = snGet32(d->offs + 4 * (size_t)b);
  u64 end = b + 1 < d->nblocks ? snGet32(d->offs + 4 * (size_t)(b + 1))
                               : d->sec->len - d->body;
  if (at > end) return SN_CORRUPT;
  int rc = snSegmentGet(d->seg, d->sec, d->body + at, end - at, &out->start);
  if (rc) return rc;
  snSegmentReads()->bytes += (i64)(end - at);
  out->end = out->start + (end - at);
  out->n = SN_MIN(DICT_BLOCK, d->n - b * DICT_BLOCK);
  if (end - at < out->n + 4) return SN_CORRUPT;
  out->prints = out->start;
  out->entries = out->start + out->n + 4;
  u32 metas = snGet32(out->start + out->n);
  if (metas < out->n + 4 || metas > end - at) return SN_CORRUPT;
  out->metas = out->start + metas;
  return SEINE_OK;
}

/* What an entry adds to the text; the first one of a block is never packed. */
static int dictAppend(const Dict *d, bool first, Buf *text, const u8 *p,
    u32 n) {
  if (first || !d->code) {
    snBufAdd(text, p, n);
    return text->rc;
  }
  u8 *to = snBufSpace(text, 8ull * n + 8);
  if (!to) return text->rc;
  u8 *end = snFsstGet(d->code, p, n, to);
  text->n = (size_t)((end ? end : to) - text->data);
  return end ? SEINE_OK : SN_CORRUPT;
}

/* Memory that was short may be there the next time. */
static Buf *dictRoom(Dict *d) {
  if (d->room.rc) snBufClear(&d->room);
  d->room.n = 0;
  return &d->room;
}

/* Decodes the next entry over text. */
static int dictEntry(const Dict *d, Rd *r, bool first, Buf *text) {
  u32 shared, n;
  const u8 *p = snDictTail(r, first, &shared, &n);
  if (r->bad || shared > text->n) return SN_CORRUPT;
  text->n = shared;
  return dictAppend(d, first, text, p, n);
}

static int dictFirst(Dict *d, u32 b, const u8 **p, u32 *n) {
  DictBlock k;
  int rc = dictBlock(d, b, &k);
  if (rc) return rc;
  Rd r = {k.entries, k.metas, false};
  *n = snRdU32v(&r);
  *p = snRdBytes(&r, *n);
  return r.bad ? SN_CORRUPT : SEINE_OK;
}

/* The last block whose first term is <= the one sought, or block 0. */
static int dictFindBlock(Dict *d, const u8 *p, u32 n, u32 *out) {
  u64 key = snDictKey(p, n);
  u32 lo = 0, hi = d->nblocks; /* first block with first term > sought */
  while (lo < hi) {
    u32 mid = (lo + hi) / 2;
    u64 k = snGet64(d->seps + 8 * (size_t)mid);
    bool greater = k > key;
    if (k == key) {
      const u8 *q;
      u32 nq;
      int rc = dictFirst(d, mid, &q, &nq);
      if (rc) return rc;
      greater = snStrCmp(q, nq, p, n) > 0;
    }
    if (greater) hi = mid;
    else lo = mid + 1;
  }
  *out = lo ? lo - 1 : 0;
  return SEINE_OK;
}

/* Finds a place among the entries of a block without writing them out: their
** order tells how each that shares less or more than `same` bytes with the one
** before compares to the text. */
typedef struct DictSought {
  Dict *d;
  const u8 *p;
  u32 n;
  u32 same;          /* bytes that the entries so far begin with, all below */
  int rc;
} DictSought;

/* Whether the next entry is not below the text, or even equal. */
static bool dictCompare(DictSought *s, Rd *r, bool first, bool *equal) {
  u32 shared, n, i = s->same;
  const u8 *p = snDictTail(r, first, &shared, &n);
  *equal = false;
  if (r->bad || shared > s->same) return false;
  if (shared < s->same) return true;
  if (s->d->code && !first) {
    Buf *room = dictRoom(s->d);
    s->rc = dictAppend(s->d, false, room, p, n);
    if (s->rc) return true;
    p = room->data;
    n = (u32)room->n;
  }
  n += shared;
  while (i < n && i < s->n && p[i - shared] == s->p[i]) i++;
  s->same = i;
  *equal = i == n && i == s->n;
  return i == s->n || (i < n && p[i - shared] > s->p[i]);
}

/* Passes over entries that share more than `same` bytes with the one before,
** and so are below the text as well: of most nothing else is read. */
static u32 dictPass(const DictSought *s, Rd *r, u32 i, u32 last) {
  const u8 *p = r->p;
  for (; i < last && p < r->end; i++) {
    u32 shared = *p >> 4, n = *p & DICT_HALF;
    if (shared <= s->same || shared == DICT_HALF || n == DICT_HALF ||
        n >= (size_t)(r->end - p))
      break;
    p += n + 1;
  }
  r->p = p;
  return i;
}

/* The first of the entries before `last` that is not below the text, or
** last. */
static u32 dictPlace(DictSought *s, const DictBlock *k, u32 last,
    bool *equal, int *rc) {
  Rd r = {k->entries, k->metas, false};
  u32 i = 0;
  *equal = false;
  while (i < last && !dictCompare(s, &r, i == 0, equal))
    i = dictPass(s, &r, i + 1, last);
  if (r.bad || s->rc) *rc = r.bad ? SN_CORRUPT : s->rc;
  return i;
}

int snDictSeek(Dict *d, const void *p, u32 n, u32 *ord, bool *exact) {
  DictSought s = {d, p, n, 0, SEINE_OK};
  DictBlock k;
  u32 b;
  *ord = d->n;
  *exact = false;
  if (!d->n) return SEINE_OK;
  int rc = dictFindBlock(d, p, n, &b);
  if (!rc) rc = dictBlock(d, b, &k);
  if (rc) return rc;
  *ord = b * DICT_BLOCK + dictPlace(&s, &k, k.n, exact, &rc);
  return rc;
}

#define DICT_ONES 0x0101010101010101ull
#define DICT_TOPS (DICT_ONES << 7)

/* One behind the last entry with that print; 0: none has it.  Eight prints at
** a time are asked whether one of them is. */
static u32 dictLast(const DictBlock *k, u8 print) {
  u32 last = k->n;
  for (; last >= 8; last -= 8) {
    u64 x = snGet64(k->prints + last - 8) ^ print * DICT_ONES;
    if ((x - DICT_ONES) & ~x & DICT_TOPS) break;
  }
  while (last && k->prints[last - 1] != print) last--;
  return last;
}

int snDictFind(Dict *d, const void *p, u32 n, u32 *ord) {
  DictBlock k;
  u32 b;
  *ord = DICT_NONE;
  if (!d->n) return SEINE_OK;
  int rc = dictFindBlock(d, p, n, &b);
  if (!rc) rc = dictBlock(d, b, &k);
  if (rc) return rc;
  u32 last = dictLast(&k, snDictPrint(p, n)); /* decode up to it */
  if (!last) return SEINE_OK;
  DictSought s = {d, p, n, 0, SEINE_OK};
  bool equal;
  u32 i = dictPlace(&s, &k, last, &equal, &rc);
  if (equal) *ord = b * DICT_BLOCK + i;
  return rc;
}

/* Eight bytes at a time: each without a top bit ends a varint. */
static void dictSkip(Rd *r, u64 varints) {
  while (varints && r->end - r->p >= 8) {
    u64 ends = ~snGet64(r->p) & DICT_TOPS;
    for (; ends; ends &= ends - 1) {
      if (--varints) continue;
      r->p += (u32)__builtin_ctzll(ends) / 8 + 1;
      return;
    }
    r->p += 8;
  }
  while (varints && r->p < r->end) varints -= *r->p++ < 0x80;
}

/* The length of a list of n documents that lies here: whether a document has
** its word once shows in the first bit of its number. */
static u32 dictInline(const Dict *d, Rd r, u32 n) {
  const u8 *from = r.p;
  for (; n && r.p < r.end; n--) {
    bool once = !d->has_freqs || *r.p & 1;
    dictSkip(&r, 1);
    u64 tf = once ? 1 : snRdU32v(&r);
    if (d->has_pos) dictSkip(&r, tf);
  }
  return (u32)(r.p - from);
}

/* All but where the list lies. */
static void dictMeta(const Dict *d, Rd *r, TermMeta *out) {
  u64 df = snRdVarint(r);
  bool more = d->has_freqs && df & 1;
  if (d->has_freqs) df >>= 1;
  out->df = (u32)SN_MIN(df, UINT32_MAX); /* more than the documents: damaged */
  out->ttf = out->df + (more ? snRdVarint(r) : 0);
  bool here = out->df <= POST_INLINE;
  out->len = here ? dictInline(d, *r, out->df) : snRdU32v(r);
  out->inl = here ? snRdBytes(r, out->len) : NULL;
}

static void dictStep(Rd *r) {
  while (r->p < r->end && *r->p++ >= 0x80) {}
}

/* Passes over n of them; the bytes of their lists elsewhere.  Of one or two
** documents that have a word once only the numbers are counted. */
static u64 dictPassMetas(const Dict *d, Rd *r, u32 n, TermMeta *tmp) {
  u32 each = d->has_freqs ? 2 : 1;
  u32 numbers = d->has_pos ? 2 : 1; /* for a document */
  u64 sum = 0;
  for (; n && r->p < r->end; n--) {
    u32 v = *r->p;
    if (v >= (POST_INLINE + 1) * each) {
      dictStep(r);
      if (v % each) dictStep(r);
      sum += snRdU32v(r);
    } else if (v && v % each == 0) {
      dictSkip(r, v / each * numbers + 1);
    } else if (d->has_pos && v == each + 1 && r->end - r->p > 1 &&
        r->p[1] < 0x80) {
      dictSkip(r, 5ull + r->p[1]);
    } else {
      dictMeta(d, r, tmp);
    }
  }
  return sum;
}

/* The one behind the next `pass`, before the first of which lists lie at
** `at`. */
static int dictMetaOf(const Dict *d, Rd *r, u32 pass, u64 at, u32 ord,
    TermMeta *out) {
  memset(out, 0, sizeof *out);
  at += dictPassMetas(d, r, pass, out);
  dictMeta(d, r, out);
  out->at = at;
  out->ord = ord;
  if (r->bad || !out->df || out->df > d->seg->docs || out->ttf < out->df)
    return SN_CORRUPT;
  return SEINE_OK;
}

static u64 dictLists(const Dict *d, u32 block) {
  return snGet64(d->posts + 8 * (size_t)block);
}

int snDictMeta(Dict *d, u32 ord, TermMeta *out) {
  DictBlock k;
  memset(out, 0, sizeof *out);
  if (ord >= d->n || !d->has_post) return SN_CORRUPT;
  u32 b = ord / DICT_BLOCK;
  int rc = dictBlock(d, b, &k);
  if (rc) return rc;
  Rd r = {k.metas, k.end, false};
  return dictMetaOf(d, &r, ord % DICT_BLOCK, dictLists(d, b), ord, out);
}

/* ---- walking ------------------------------------------------------------ */

void snDictIterOpen(DictIter *it, Dict *d, u32 ord) {
  memset(it, 0, sizeof *it);
  it->d = d;
  it->ord = ord;
  snBufInit(&it->text, d->seg->budget);
  if (ord >= d->n) {
    it->ord = d->n;
    return;
  }
  u32 skip = ord % DICT_BLOCK;
  it->ord = ord - skip;
  for (u32 i = 0; i < skip; i++)
    if (!snDictIterNext(it)) return;
}

/* ord is one behind the term shown while the walk is under way: the first
** Next after Open shows the term asked for. */
bool snDictIterNext(DictIter *it) {
  Dict *d = it->d;
  if (it->rc) return false;
  if (!it->left) {
    u32 next = it->rd.p ? it->ord + 1 : it->ord;
    if (next >= d->n) return false;
    DictBlock k;
    it->rc = dictBlock(d, next / DICT_BLOCK, &k);
    if (it->rc) return false;
    it->rd = (Rd){k.entries, k.metas, false};
    it->left = k.n;
    it->ord = next;
    it->metas = (Rd){k.metas, k.end, false};
    it->passed = 0;
    it->list = d->has_post ? dictLists(d, next / DICT_BLOCK) : 0;
    it->rc = dictEntry(d, &it->rd, true, &it->text);
  } else {
    it->ord++;
    it->rc = dictEntry(d, &it->rd, false, &it->text);
  }
  it->left--;
  return it->rc == SEINE_OK;
}

int snDictIterMeta(DictIter *it, TermMeta *out) {
  u32 i = it->ord % DICT_BLOCK;
  if (!it->d->has_post || i < it->passed) return SN_CORRUPT;
  int rc = dictMetaOf(it->d, &it->metas, i - it->passed, it->list, it->ord,
      out);
  it->passed = i + 1;
  it->list = out->at + (out->inl ? 0 : out->len);
  return rc;
}

void snDictIterClose(DictIter *it) { snBufClear(&it->text); }

/* ---- walking by an automaton -------------------------------------------- */

/* text[0 .. alive) has led through states; dead: the byte behind does not,
** and what stands behind that in text is not kept up to date. */
typedef struct DictWalk {
  Dict *d;
  const DictAutomaton *a;
  Buf text;
  u32 alive;
  bool dead;
} DictWalk;

/* A term that shares `shared` bytes with the one before. */
static int dictWalkTerm(DictWalk *w, bool first, u32 shared, const u8 *p,
    u32 n, u32 ord) {
  const DictAutomaton *a = w->a;
  if (w->dead && shared > w->alive) return SEINE_OK;
  if (shared > w->text.n) return SN_CORRUPT;
  w->text.n = shared;
  int rc = dictAppend(w->d, first, &w->text, p, n);
  if (rc) return rc;
  w->alive = SN_MIN(w->alive, shared);
  w->dead = false;
  for (n = (u32)w->text.n; w->alive < n; w->alive++) {
    w->dead = !a->step(a->arg, w->alive, w->text.data[w->alive]);
    if (w->dead) return SEINE_OK;
  }
  if (!a->accepts(a->arg, n)) return SEINE_OK;
  return a->seen(a->arg, ord, w->text.data, n);
}

static int dictWalkBlock(DictWalk *w, u32 b) {
  DictBlock k;
  int rc = dictBlock(w->d, b, &k);
  if (rc) return rc;
  Rd r = {k.entries, k.metas, false};
  for (u32 i = 0; !rc && i < k.n; i++) {
    u32 shared, n, same = 0;
    const u8 *p = snDictTail(&r, i == 0, &shared, &n);
    if (r.bad) return SN_CORRUPT;
    if (!i)
      while (same < n && same < w->alive && p[same] == w->text.data[same])
        same++;
    rc = dictWalkTerm(w, i == 0, shared + same, p + same, n - same,
        b * DICT_BLOCK + i);
  }
  return rc;
}

/* Makes text the least that may be accepted behind the term that died; false:
** there is none. */
static bool dictWalkOn(DictWalk *w) {
  const DictAutomaton *a = w->a;
  for (;; w->alive--) {
    u32 c = w->alive < w->text.n ? w->text.data[w->alive] + 1u : 0;
    c = a->next(a->arg, w->alive, c);
    if (c < 256) {
      w->text.n = w->alive;
      snBufByte(&w->text, (u8)c);
      return true;
    }
    if (!w->alive) return false;
  }
}

/* The last block from b on whose first term is <= the text, or b. */
static int dictWalkFind(DictWalk *w, u32 b, u32 *out) {
  Dict *d = w->d;
  u64 key = snDictKey(w->text.data, (u32)w->text.n);
  u32 lo = b + 1, hi, step = 1;
  while (lo < d->nblocks && snGet64(d->seps + 8 * (size_t)lo) < key) {
    b = lo;
    lo = d->nblocks - lo > step ? lo + step : d->nblocks;
    step *= 2;
  }
  for (hi = lo, lo = b + 1; lo < hi;) {
    u32 mid = lo + (hi - lo) / 2;
    if (snGet64(d->seps + 8 * (size_t)mid) < key) lo = mid + 1;
    else hi = mid;
  }
  *out = lo - 1;
  return w->text.rc;
}

int snDictWalk(Dict *d, const DictAutomaton *a) {
  DictWalk w = {.d = d, .a = a, .dead = !a->accepts(a->arg, 0)};
  int rc = SEINE_OK;
  u32 visits = 0;
  snBufInit(&w.text, d->seg->budget);
  for (u32 b = 0; !rc && b < d->nblocks; b++) {
    if (w.dead) {
      if (!dictWalkOn(&w)) break;
      rc = dictWalkFind(&w, b, &b);
    }
    if (!rc && a->ask && visits++ % DICT_ASK == 0) rc = a->ask(a->arg);
    if (!rc) rc = dictWalkBlock(&w, b);
  }
  snBufClear(&w.text);
  return rc;
}

/* ---- the most frequent terms -------------------------------------------- */

/* v[0 .. n) is a heap: the worst on top. */
static bool dictTopWorse(const DictBest *a, const DictBest *b) {
  return a->df != b->df ? a->df < b->df : a->ord > b->ord;
}

static void dictTopSink(DictTop *t, u32 at) {
  DictBest x = t->v[at];
  for (u32 kid; (kid = 2 * at + 1) < t->n; at = kid) {
    if (kid + 1 < t->n && dictTopWorse(t->v + kid + 1, t->v + kid)) kid++;
    if (!dictTopWorse(t->v + kid, &x)) break;
    t->v[at] = t->v[kid];
  }
  t->v[at] = x;
}

/* Whether one of that df, behind all others, gets in; least: so many are known
** to come. */
static bool dictTopTakes(const DictTop *t, u32 df, u32 least) {
  return t->n < t->k ? df >= least : df > t->v[0].df;
}

static void dictTopPush(DictTop *t, DictBest x) {
  if (t->n == t->k) {
    t->v[0] = x;
    dictTopSink(t, 0);
    return;
  }
  u32 at = t->n++;
  for (; at && dictTopWorse(&x, t->v + (at - 1) / 2); at = (at - 1) / 2)
    t->v[at] = t->v[(at - 1) / 2];
  t->v[at] = x;
}

static int dictTopBlock(DictTop *t, Dict *d, u32 b, u32 from, u32 to,
    u32 least) {
  DictBlock k;
  int rc = dictBlock(d, b, &k);
  if (rc) return rc;
  Rd r = {k.metas, k.end, false};
  for (u32 i = 0, ord = b * DICT_BLOCK; i < k.n; i++, ord++) {
    TermMeta m;
    dictMeta(d, &r, &m);
    if (ord < from || ord >= to) continue;
    if (!r.bad && dictTopTakes(t, m.df, least))
      dictTopPush(t, (DictBest){m.df, ord});
  }
  return r.bad ? SN_CORRUPT : SEINE_OK;
}

static u32 dictTopMax(const Dict *d, u64 at) {
  return d->maxima ? snGet32(d->maxima + 4 * at) : UINT32_MAX;
}

/* A df that k terms of the groups [from, to) have: the k-th of their maxima.
** Uses the room of t, which is empty. */
static u32 dictTopLeast(DictTop *t, const Dict *d, u32 from, u32 to) {
  DictTop seed = {t->k, 0, t->v};
  if (t->n || !d->maxima || to < from || to - from < t->k) return 0;
  for (u32 g = from; g < to; g++) {
    u32 max = dictTopMax(d, (u64)d->nblocks + g);
    if (dictTopTakes(&seed, max, 0)) dictTopPush(&seed, (DictBest){max, g});
  }
  return seed.v[0].df;
}

int snDictTopAdd(DictTop *t, Dict *d, u32 from, u32 to) {
  const u32 span = DICT_BLOCK * DICT_GROUP;
  if (from >= to) return SEINE_OK;
  if (to > d->n || !d->has_post) return SN_CORRUPT;
  u32 least = dictTopLeast(t, d, (from + span - 1) / span, to / span);
  u32 last = (to - 1) / DICT_BLOCK, next;
  for (u32 b = from / DICT_BLOCK; b <= last; b = next) {
    u32 g = b / DICT_GROUP;
    next = SN_MIN((g + 1) * DICT_GROUP, last + 1);
    if (!dictTopTakes(t, dictTopMax(d, (u64)d->nblocks + g), least)) continue;
    for (; b < next; b++) {
      if (!dictTopTakes(t, dictTopMax(d, b), least)) continue;
      int rc = dictTopBlock(t, d, b, from, to, least);
      if (rc) return rc;
    }
  }
  return SEINE_OK;
}

void snDictTopEnd(DictTop *t) {
  u32 n = t->n;
  while (t->n > 1) {
    DictBest worst = t->v[0];
    t->v[0] = t->v[--t->n];
    dictTopSink(t, 0);
    t->v[t->n] = worst;
  }
  t->n = n;
}

/* ---- texts of ordinals -------------------------------------------------- */

/* Decodes the whole of a small dictionary once. */
static int dictCache(Dict *d) {
  if (d->texts) return SEINE_OK;
  DictText *t = snMemAlloc(d->seg->budget, (d->n + 1) * sizeof *t);
  if (!t) return SN_NOMEM;
  DictIter it;
  u32 i = 0;
  snDictIterOpen(&it, d, 0);
  while (snDictIterNext(&it)) {
    u8 *p = snArenaBytes(&d->bytes, it.text.n + 1);
    if (!p) {
      it.rc = SN_NOMEM;
      break;
    }
    if (it.text.n) memcpy(p, it.text.data, it.text.n);
    t[i++] = (DictText){p, (u32)it.text.n, 0};
  }
  int rc = it.rc;
  snDictIterClose(&it);
  assert(rc || i == d->n); /* the last block has what is left of them */
  if (rc) snMemFree(t);
  else d->texts = t;
  return rc;
}

/* Texts of one block: which bytes its entries add, as far as they were read.
** A text is put together from its end: the entry gives what it adds, those
** before it give of what they add as much as is shared. */
typedef struct DictPart { const u8 *p; u32 shared, n; } DictPart;
typedef struct DictReach {
  u32 block;         /* or DICT_NONE */
  u32 read;          /* entries */
  Rd rd;
  u32 last;          /* whose text was put together last, */
  const u8 *text;    /* ... and that, or NULL */
  DictPart part[DICT_BLOCK];
} DictReach;

static int dictReach(Dict *d, DictReach *r, u32 ord) {
  u32 b = ord / DICT_BLOCK, i = ord % DICT_BLOCK;
  if (r->block != b) {
    DictBlock k;
    int rc = dictBlock(d, b, &k);
    if (rc) return rc;
    r->rd = (Rd){k.entries, k.metas, false};
    r->read = 0;
    r->block = b;
    r->text = NULL;
  }
  for (; r->read <= i; r->read++) {
    DictPart *e = r->part + r->read;
    e->p = snDictTail(&r->rd, !r->read, &e->shared, &e->n);
    if (r->rd.bad || e->n > UINT32_MAX - e->shared ||
        (r->read && !d->code && e->shared > e[-1].shared + e[-1].n))
      return SN_CORRUPT;
  }
  return SEINE_OK;
}

/* Of a packed entry it shows only when it is unpacked how much it adds: so the
** text is put together from its beginning, by those entries that give of it.
** It stays in the room of d, for the next one. */
static int dictTextCoded(Dict *d, DictReach *r, u32 i, Arena *a,
    DictText *out) {
  u32 from[DICT_BLOCK], n = 1, need = r->part[i].shared;
  Buf *room = &d->room;
  bool goes_on = r->text && r->last + 1 == i;
  from[0] = i;
  for (u32 k = i; need && !goes_on;) {
    if (r->part[--k].shared >= need) continue;
    from[n++] = k;
    need = r->part[k].shared;
  }
  if (!goes_on) room = dictRoom(d);
  while (n) {
    u32 k = from[--n];
    const DictPart *e = r->part + k;
    if (e->shared > room->n) return SN_CORRUPT;
    room->n = e->shared;
    int rc = dictAppend(d, k == 0, room, e->p, e->n);
    if (rc) return rc;
  }
  u8 *p = snArenaBytes(a, room->n + 1);
  if (!p) return SN_NOMEM;
  if (room->n) memcpy(p, room->data, room->n);
  r->last = i;
  r->text = p;
  *out = (DictText){p, (u32)room->n, 0};
  return SEINE_OK;
}

static int dictText(Dict *d, DictReach *r, u32 ord, Arena *a, DictText *out) {
  int rc = dictReach(d, r, ord);
  if (rc) return rc;
  if (d->code) return dictTextCoded(d, r, ord % DICT_BLOCK, a, out);
  const DictPart *e = r->part + ord % DICT_BLOCK;
  u32 n = e->shared + e->n, left = e->shared;
  u8 *p = snArenaBytes(a, n + 1ull);
  if (!p) return SN_NOMEM;
  if (e->n) memcpy(p + left, e->p, e->n);
  if (r->text && r->last + 1 == ord) {
    if (left) memcpy(p, r->text, left);
    left = 0;
  }
  while (left) {
    e--;
    if (e->shared >= left) continue;
    memcpy(p + e->shared, e->p, left - e->shared);
    left = e->shared;
  }
  r->last = ord;
  r->text = p;
  *out = (DictText){p, n, 0};
  return SEINE_OK;
}

int snDictTexts(Dict *d, const u32 *ord, u32 n, Arena *a, DictText *out) {
  int rc = SEINE_OK;
  if (d->n <= DICT_CACHE) {
    rc = dictCache(d);
    for (u32 i = 0; !rc && i < n; i++) {
      if (ord[i] >= d->n) return SN_CORRUPT;
      out[i] = d->texts[ord[i]];
    }
    return rc;
  }
  DictReach r;
  r.block = DICT_NONE;
  for (u32 i = 0; !rc && i < n; i++) {
    if (i && ord[i] == ord[i - 1]) out[i] = out[i - 1];
    else if (ord[i] >= d->n) rc = SN_CORRUPT;
    else rc = dictText(d, &r, ord[i], a, out + i);
  }
  return rc;
}
#undef DICT_ASK
#undef DICT_CACHE
#undef DICT_TABLE
#undef DICT_ONES
#undef DICT_TOPS
