/*
** it_set: iterators with a constant score: all documents, the documents of
** a range of terms or of those that fit a pattern (as one bitmap over the
** segment), and of a range of a number column (window by window, zone maps
** first).
*/
#include "match/matchInt.h"

typedef struct SetIter {
  Iter it;
  float boost;
  u32 docs;
  u64 *bits;         /* whole segment; or the window at `window` */
  /* Ranges of numbers: */
  ColReader *col;
  const Query *q;
  bool real;
  u32 window;        /* window that bits holds, or ~0 */
} SetIter;

static float setScore(Iter *it) { return ((SetIter *)it)->boost; }

static float setBound(Iter *it, u32 from, u32 *upto) {
  (void)from;
  *upto = DOC_END - 1;
  return ((SetIter *)it)->boost;
}

static SetIter *setNew(Matcher *m, const IterOps *ops, float boost) {
  SetIter *s = snIterNew(m, ops, sizeof *s, sizeof *s, 0);
  if (!s) return NULL;
  s->docs = snSegmentDocs(snMatcherSeg(m));
  s->boost = boost;
  s->it.max = boost;
  s->it.cost = s->docs;
  return s;
}

/* ---- all ---------------------------------------------------------------- */

static u32 setAllSeek(Iter *it, u32 target) {
  return target < ((SetIter *)it)->docs ? target : DOC_END;
}

static void setAllFill(Iter *it, u32 base, u64 *bits) {
  u32 docs = ((SetIter *)it)->docs;
  if (base < docs) snBitsRange(bits, 0, SN_MIN(SN_WINDOW, docs - base));
}

Iter *snIterAll(Matcher *m, float boost) {
  static const IterOps ops = {ITER_SET, setAllSeek, setAllFill, setScore,
      snIterAdd, setBound, NULL};
  SetIter *s = setNew(m, &ops, boost);
  return s ? &s->it : NULL;
}

/* ---- a bitmap over the segment ------------------------------------------ */

static u32 setNextBit(const u64 *bits, u32 from, u32 n) {
  if (from >= n) return DOC_END;
  u32 w = from / 64, words = (n + 63) / 64;
  u64 b = bits[w] & (~0ull << (from % 64));
  while (!b) {
    if (++w == words) return DOC_END;
    b = bits[w];
  }
  return w * 64 + (u32)__builtin_ctzll(b);
}

static u32 setBitsSeek(Iter *it, u32 target) {
  SetIter *s = (SetIter *)it;
  return setNextBit(s->bits, target, s->docs);
}

static void setBitsFill(Iter *it, u32 base, u64 *bits) {
  SetIter *s = (SetIter *)it;
  u32 words = (s->docs + 63) / 64;
  for (u32 w = 0; w < SN_WORDS && base / 64 + w < words; w++)
    bits[w] |= s->bits[base / 64 + w];
}

/* Terms of a dictionary whose documents go into the bitmap. */
typedef struct SetTerms {
  SetIter *set;
  Dict *dict;
  u32 column;
  Postings *post;
} SetTerms;

static bool setTermsOpen(SetTerms *t, SetIter *s, u32 column, Dict *d) {
  *t = (SetTerms){.set = s, .dict = d, .column = column};
  t->post = snMemAlloc(s->it.m->budget, sizeof *t->post);
  if (!t->post) snIterFail(s->it.m, SN_NOMEM);
  s->it.cost = 0;
  return t->post != NULL;
}

static int setTermsAdd(SetTerms *t, u32 ord) {
  Postings *p = t->post;
  Iter *it = &t->set->it;
  int rc = snPostOpen(snMatcherSeg(it->m), t->column, t->dict, ord, p);
  while (!rc && snPostNext(p) != DOC_END) snBitSet(t->set->bits, p->doc);
  it->cost = SN_MIN(it->cost + p->df, (u64)t->set->docs);
  if (!rc) rc = p->rc;
  snPostClose(p);
  if (!rc && !snIterPass(it->m)) rc = it->m->rc;
  return rc;
}

static void setTermsClose(SetTerms *t, int rc) {
  if (rc) snIterFail(t->set->it.m, rc);
  snMemFree(t->post);
}

/* The documents of terms [from, to). */
static void setTerms(SetIter *s, u32 column, Dict *d, u32 from, u32 to) {
  SetTerms t;
  int rc = SEINE_OK;
  if (!setTermsOpen(&t, s, column, d)) return;
  for (u32 ord = from; ord < to && !rc; ord++) rc = setTermsAdd(&t, ord);
  setTermsClose(&t, rc);
}

static SetIter *setBits(Matcher *m, float boost) {
  static const IterOps ops = {ITER_SET, setBitsSeek, setBitsFill, setScore,
      snIterAdd, setBound, NULL};
  SetIter *s = setNew(m, &ops, boost);
  if (!s) return NULL;
  s->bits = snArenaZero(&m->seg_arena, (s->docs / 64 + 1ull) * 8);
  if (s->bits) return s;
  snIterFail(m, SN_NOMEM);
  return NULL;
}

/* The least string above all that begin with p: the last byte that can be
** raised, raised.  0: there is none. */
static u32 setAfter(u8 *p, u32 n) {
  while (n && p[n - 1] == 0xff) n--;
  if (n) p[n - 1]++;
  return n;
}

Iter *snIterPrefix(Matcher *m, const Query *q, float boost) {
  Dict *d;
  u32 column = m->view->table->col[q->column].id, from, to;
  bool exact;
  int rc = snDictTerms(snMatcherSeg(m), column, &d);
  if (rc || !d) {
    if (rc) snIterFail(m, rc);
    return rc ? NULL : snIterEmpty(m);
  }
  u8 *end = snArenaBytes(&m->seg_arena, q->len + 1);
  if (!end) rc = SN_NOMEM;
  else memcpy(end, q->text, q->len);
  if (!rc) rc = snDictSeek(d, q->text, q->len, &from, &exact);
  to = rc ? 0 : snDictCount(d);
  u32 n = rc ? 0 : setAfter(end, q->len);
  if (!rc && n) rc = snDictSeek(d, end, n, &to, &exact);
  if (rc) {
    snIterFail(m, rc);
    return NULL;
  }
  if (from >= to) return snIterEmpty(m);
  SetIter *s = setBits(m, boost);
  if (!s) return NULL;
  setTerms(s, column, d, from, to);
  return m->rc ? NULL : &s->it;
}

/* ---- patterns ----------------------------------------------------------- */

static int setSeen(void *arg, u32 ord, const u8 *p, u32 n) {
  (void)p;
  (void)n;
  return setTermsAdd(arg, ord);
}

Iter *snIterPattern(Matcher *m, const Query *q, float boost) {
  u32 column = m->view->table->col[q->column].id;
  SetTerms t;
  Dict *d;
  int rc = snDictTerms(snMatcherSeg(m), column, &d);
  if (!rc && !d) return snIterEmpty(m);
  if (rc) snIterFail(m, rc);
  SetIter *s = rc ? NULL : setBits(m, boost);
  if (!s || !setTermsOpen(&t, s, column, d)) return NULL;
  setTermsClose(&t, snPatternWalk(m, q, d, setSeen, &t));
  return m->rc ? NULL : &s->it;
}

static Iter *setTermRange(Matcher *m, const Query *q, float boost,
    u32 column) {
  Dict *d;
  bool exact = false;
  u32 from = 0, to = 0;
  int rc = snDictTerms(snMatcherSeg(m), column, &d);
  if (!rc && d) {
    to = snDictCount(d);
    if (q->lo) rc = snDictSeek(d, q->lo, q->lo_len, &from, &exact);
    if (!rc && q->lo && exact && q->lo_open) from++;
    if (!rc && q->hi) {
      rc = snDictSeek(d, q->hi, q->hi_len, &to, &exact);
      if (!rc && exact && !q->hi_open) to++;
    }
  }
  if (rc) {
    snIterFail(m, rc);
    return NULL;
  }
  if (from >= to) return snIterEmpty(m);
  SetIter *s = setBits(m, boost);
  if (!s) return NULL;
  setTerms(s, column, d, from, to);
  return m->rc ? NULL : &s->it;
}

/* ---- numbers ------------------------------------------------------------ */

static bool setZone(const SetIter *s, u32 w) {
  Zone z;
  if (!snColZone(s->col, w, &z)) return false;
  if (s->real) return z.rmax >= s->q->lo_real && z.rmin <= s->q->hi_real;
  return z.max >= s->q->lo_int && z.min <= s->q->hi_int;
}

static void setWindow(SetIter *s, u32 w) {
  u32 n = SN_MIN(SN_WINDOW, s->docs - w * SN_WINDOW);
  if (s->window == w) return;
  s->window = w;
  snBitsFirst(s->bits, SN_WORDS, n);
  int rc = s->real
      ? snColFilterReal(s->col, w, s->q->lo_real, s->q->hi_real, s->bits)
      : snColFilter(s->col, w, s->q->lo_int, s->q->hi_int, s->bits);
  if (rc) snIterFail(s->it.m, rc);
}

static u32 setRangeSeek(Iter *it, u32 target) {
  SetIter *s = (SetIter *)it;
  for (u32 d = target; d < s->docs && !it->m->rc;) {
    u32 w = d / SN_WINDOW;
    if (setZone(s, w)) {
      setWindow(s, w);
      u32 at = setNextBit(s->bits, d % SN_WINDOW, SN_WINDOW);
      if (at != DOC_END) return w * SN_WINDOW + at;
    }
    d = (w + 1) * SN_WINDOW;
  }
  return DOC_END;
}

static void setRangeFill(Iter *it, u32 base, u64 *bits) {
  SetIter *s = (SetIter *)it;
  u32 w = base / SN_WINDOW;
  if (base >= s->docs || !setZone(s, w)) return;
  setWindow(s, w);
  for (u32 i = 0; i < SN_WORDS; i++) bits[i] |= s->bits[i];
}

/* Arrays: a document matches when one of its elements does. */
static void setArrayBits(SetIter *s, ColReader *c) {
  Matcher *m = s->it.m;
  Arena a;
  snArenaInit(&a, m->budget);
  for (u32 doc = 0; doc < s->docs && !m->rc; doc++) {
    DictText t;
    ArrayIter it;
    ArrayItem v;
    u64 null = 0;
    int rc = snColArrays(c, &doc, 1, &a, &t, &null);
    if (rc) snIterFail(m, rc);
    if (rc || null) continue;
    snArrayOpen(&it, t.p, t.n);
    while (snArrayNext(&it, &v)) {
      if (v.null) continue;
      if (s->real ? v.d >= s->q->lo_real && v.d <= s->q->hi_real
                  : v.i >= s->q->lo_int && v.i <= s->q->hi_int)
        snBitSet(s->bits, doc);
    }
    if (a.used > (1u << 20)) snArenaClear(&a);
  }
  snArenaClear(&a);
}

Iter *snIterRange(Matcher *m, const Query *q, float boost) {
  static const IterOps ops = {ITER_SET, setRangeSeek, setRangeFill, setScore,
      snIterAdd, setBound, NULL};
  const Column *col = m->view->table->col + q->column;
  Form form = snTypeForm(col->type & 0x3f);
  ColReader *c;
  if (form == FORM_STR) return setTermRange(m, q, boost, col->id);
  int rc = snColOpen(snMatcherSeg(m), col->id, col->type, &c);
  if (rc) {
    snIterFail(m, rc);
    return NULL;
  }
  if (snColKind(c) == COL_NONE) return snIterEmpty(m);
  SetIter *s = snColIsArray(c) ? setBits(m, boost)
                               : setNew(m, &ops, boost);
  if (!s) return NULL;
  s->q = q;
  s->real = form == FORM_REAL;
  if (snColIsArray(c)) {
    setArrayBits(s, c);
    return m->rc ? NULL : &s->it;
  }
  s->col = c;
  s->window = UINT32_MAX;
  s->bits = snArenaZero(&m->seg_arena, SN_WORDS * 8);
  if (s->bits) return &s->it;
  snIterFail(m, SN_NOMEM);
  return NULL;
}
