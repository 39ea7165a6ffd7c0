/*
** key_read: the section KEYS, read; hashes and values of keys.  The format is
** in key_write.c.
**
** The rowid alone has no section in a segment in which it ascends: there its
** zones lead to the one window that can hold a number.
**
** What a probe touches is verified bit by bit, so that a look-up of one key
** reads two blocks of a large section; a reader that is asked often takes the
** section as a whole.
*/
#include "index/indexInt.h"

/* ---- hashes ------------------------------------------------------------- */

i64 snKeyReal(double v) {
  i64 bits;
  if (v == 0) v = 0;
  if (isnan(v)) v = NAN;
  memcpy(&bits, &v, 8);
  return isnan(v) ? INT64_MAX : bits;
}

u64 snKeyHashItem(u64 h, u8 type, const ArrayItem *v) {
  switch (snTypeForm(type)) {
  case FORM_STR: return snKeyHashStr(h, v->p, v->n);
  case FORM_REAL: return snKeyHashInt(h, snKeyReal(v->d));
  default: return snKeyHashInt(h, v->i);
  }
}

bool snKeySame(u8 type, const ArrayItem *a, const ArrayItem *b) {
  if (a->null || b->null) return false;
  switch (snTypeForm(type)) {
  case FORM_STR: return a->n == b->n && (!a->n || !memcmp(a->p, b->p, a->n));
  case FORM_REAL: return snKeyReal(a->d) == snKeyReal(b->d);
  default: return a->i == b->i;
  }
}

/* ---- the section -------------------------------------------------------- */

static u64 keyWidth(const KeyReader *r) {
  return KEY_BITS - r->bucket_bits + r->doc_bits;
}

static u64 keyOffsets(const KeyReader *r) {
  return KEY_HEAD + (r->n * keyWidth(r) + 7) / 8;
}

static int keyHead(KeyReader *r) {
  const u8 *p;
  int rc = snSegmentGet(r->seg, r->sec, 0, KEY_HEAD, &p);
  if (rc) return rc;
  r->n = snGet32(p);
  r->bucket_bits = p[4];
  r->doc_bits = p[5];
  if (r->n > r->seg->docs || r->bucket_bits != snKeyBuckets(r->n) ||
      r->doc_bits != snKeyBits(r->seg->docs) ||
      keyOffsets(r) + 4 * ((1ull << r->bucket_bits) + 1) != r->sec->len)
    return SN_CORRUPT;
  return SEINE_OK;
}

int snKeyOpen(Segment *g, const TableKey *k, KeyReader *out) {
  memset(out, 0, sizeof *out);
  out->seg = g;
  out->sec = snSegmentFind(g, SEC_KEYS, k->id);
  if (out->sec) return keyHead(out);
  if (!snConstraintIsRowid(k)) return SN_CORRUPT;
  return snColOpen(g, 0, TYPE_INTEGER, &out->rowid);
}

static int keyGet(const KeyReader *r, u64 at, u64 n, const u8 **out) {
  if (r->whole) {
    *out = r->whole + at;
    return SEINE_OK;
  }
  return snSegmentGet(r->seg, r->sec, at, n, out);
}

/* Entry i of those that begin at p, which is where entry `first` begins. */
static u64 keyEntry(const KeyReader *r, const u8 *p, u64 bit) {
  return snGet64(p + bit / 8) >> bit % 8 & ((1ull << keyWidth(r)) - 1);
}

/* First and last entry of a bucket. */
static int keyBucket(const KeyReader *r, u64 bucket, u32 *from, u32 *to) {
  const u8 *p;
  int rc = keyGet(r, keyOffsets(r) + 4 * bucket, 8, &p);
  if (rc) return rc;
  *from = snGet32(p);
  *to = snGet32(p + 4);
  return *from > *to || *to > r->n ? SN_CORRUPT : SEINE_OK;
}

static int keyWhole(KeyReader *r) {
  if (r->whole || ++r->probes < 64 + r->n / 64) return SEINE_OK;
  return snSegmentGet(r->seg, r->sec, 0, r->sec->len, &r->whole);
}

/* Of rowids that ascend: the window of it, then its place. */
static int keyRowid(KeyReader *r, i64 rowid, u32 *doc) {
  u32 docs = r->seg->docs, nwin = (docs + SN_WINDOW - 1) / SN_WINDOW;
  u32 lo = 0, hi = nwin;
  u64 bits[SN_WORDS];
  Zone z;
  *doc = DOC_END;
  if (rowid < r->seg->rowid_min || rowid > r->seg->rowid_max)
    return SEINE_OK;
  while (lo < hi) { /* the first window whose last one is not below */
    u32 mid = (lo + hi) / 2;
    if (!snColZone(r->rowid, mid, &z)) return SN_CORRUPT;
    if (z.max < rowid) lo = mid + 1;
    else hi = mid;
  }
  if (lo == nwin) return SEINE_OK;
  (void)snColZone(r->rowid, lo, &z); /* which it was asked before */
  if (rowid < z.min) return SEINE_OK;
  snBitsFirst(bits, SN_WORDS, SN_MIN(SN_WINDOW, docs - lo * SN_WINDOW));
  int rc = snColFilter(r->rowid, lo, rowid, rowid, bits);
  for (u32 i = 0; !rc && i < SN_WORDS; i++)
    if (bits[i])
      *doc = lo * SN_WINDOW + i * 64 + (u32)__builtin_ctzll(bits[i]);
  return rc;
}

int snKeyFind(KeyReader *r, u64 hash, i64 rowid, KeyFind *out) {
  memset(out, 0, sizeof *out);
  out->r = r;
  out->doc = DOC_END;
  if (!r->sec) return keyRowid(r, rowid, &out->doc);
  u64 width = keyWidth(r), rest = KEY_BITS - r->bucket_bits;
  u64 bucket = r->bucket_bits ? hash >> (64 - r->bucket_bits) : 0;
  int rc = keyWhole(r);
  if (!rc) rc = keyBucket(r, bucket, &out->i, &out->end);
  if (rc || out->i == out->end) return rc;
  u64 bit = out->i * width;
  out->rest = hash >> (64 - KEY_BITS) & ((1ull << rest) - 1);
  rc = keyGet(r, KEY_HEAD + bit / 8, (out->end * width + 7) / 8 - bit / 8 + 8,
      &out->at);
  if (!rc) out->at -= bit / 8;
  return rc;
}

bool snKeyFindNext(KeyFind *f, u32 *doc) {
  const KeyReader *r = f->r;
  *doc = f->doc;
  f->doc = DOC_END;
  if (*doc != DOC_END) return true;
  while (f->i < f->end) {
    u64 e = keyEntry(r, f->at, f->i++ * keyWidth(r));
    if (e >> r->doc_bits > f->rest) break;
    if (e >> r->doc_bits < f->rest) continue;
    *doc = (u32)(e & ((1ull << r->doc_bits) - 1));
    if (*doc < r->seg->docs) return true; /* else damaged */
  }
  return false;
}

/* ---- walking ------------------------------------------------------------ */

int snKeyWalkOpen(Segment *g, const TableKey *k, KeyWalk *out) {
  memset(out, 0, sizeof *out);
  int rc = snKeyOpen(g, k, &out->r);
  out->i = UINT32_MAX;
  if (!rc && out->r.sec)
    rc = snSegmentGet(g, out->r.sec, 0, out->r.sec->len, &out->r.whole);
  return rc;
}

bool snKeyWalkNext(KeyWalk *w) {
  KeyReader *r = &w->r;
  u32 from, to = 0, rest = KEY_BITS - r->bucket_bits;
  if (w->rc || !r->sec || w->i + 1 >= r->n) return false;
  w->i++;
  for (; w->bucket < 1u << r->bucket_bits; w->bucket++) {
    w->rc = keyBucket(r, w->bucket, &from, &to);
    if (w->rc) return false;
    if (w->i < to) break;
  }
  u64 e = keyEntry(r, r->whole + KEY_HEAD, w->i * keyWidth(r));
  u64 was = w->hash;
  w->hash = ((u64)w->bucket << rest | e >> r->doc_bits) << (64 - KEY_BITS);
  w->doc = (u32)(e & ((1ull << r->doc_bits) - 1));
  if (w->i >= to || w->doc >= r->seg->docs || w->hash < was)
    w->rc = SN_CORRUPT;
  return w->rc == SEINE_OK;
}

/* ---- values ------------------------------------------------------------- */

/* The strings of n documents, in the arena or the dictionary's. */
static int keyTexts(Segment *g, u32 id, ColReader *c, const u32 *docs, u32 n,
    Arena *a, DictText *out, u64 *nulls) {
  if (snColKind(c) == COL_ROW)
    return snRowGather(g, id, docs, n, a, out, nulls);
  u32 *code = snArenaAlloc(a, (n + 1ull) * sizeof *code);
  if (!code) return SN_NOMEM;
  int rc = snColGather(c, docs, n, code, nulls);
  for (u32 i = 0; i < n; i++)
    if (snBit(nulls, i)) code[i] = 0;
  if (rc || !snDictCount(snColDict(c))) return rc;
  return snDictTexts(snColDict(c), code, n, a, out);
}

int snKeyValue(Segment *g, u32 id, u8 type, u32 doc, Arena *a,
    ArrayItem *out) {
  ColReader *c;
  DictText t = {NULL, 0, 0};
  u64 null = 0;
  *out = (ArrayItem){.null = true};
  int rc = snColOpen(g, id, type, &c);
  if (rc || snColKind(c) == COL_NONE) return rc;
  if (snTypeForm(type) == FORM_STR) {
    rc = snColIsArray(c) ? snColArrays(c, &doc, 1, a, &t, &null)
                         : keyTexts(g, id, c, &doc, 1, a, &t, &null);
    out->p = t.p;
    out->n = t.n;
  } else if (snTypeForm(type) == FORM_REAL) {
    rc = snColGather(c, &doc, 1, &out->d, &null);
  } else {
    rc = snColGather(c, &doc, 1, &out->i, &null);
  }
  out->null = null & 1;
  return rc;
}

/* Takes a column of a window into the hashes. */
static int keyColumn(Segment *g, u32 id, u8 type, u32 w, u32 n, Arena *a,
    u64 *hash, u64 *has) {
  ColReader *c;
  u64 nulls[SN_WORDS] = {0};
  bool str = snTypeForm(type) == FORM_STR, any;
  int rc = snColOpen(g, id, type, &c);
  if (rc) return rc;
  if (snColKind(c) == COL_NONE) {
    memset(has, 0, sizeof nulls);
    return SEINE_OK;
  }
  DictText *v = snArenaZero(a, SN_WINDOW * sizeof *v); /* or numbers */
  u32 *docs = snArenaAlloc(a, SN_WINDOW * sizeof *docs);
  if (!v || !docs) return SN_NOMEM;
  for (u32 i = 0; i < n; i++) docs[i] = w * SN_WINDOW + i;
  rc = str ? keyTexts(g, id, c, docs, n, a, v, nulls)
           : snColWindow(c, w, v, nulls, &any);
  for (u32 i = 0; !rc && i < n; i++) {
    if (str) hash[i] = snKeyHashStr(hash[i], v[i].p, v[i].n);
    else if (snTypeForm(type) == FORM_REAL)
      hash[i] = snKeyHashInt(hash[i], snKeyReal(((double *)(void *)v)[i]));
    else hash[i] = snKeyHashInt(hash[i], ((i64 *)(void *)v)[i]);
  }
  for (u32 i = 0; i < SN_WORDS; i++) has[i] &= ~nulls[i];
  return rc;
}

int snKeyWindow(Segment *g, const Table *t, const TableKey *k, u32 w,
    Arena *a, u64 *hash, u64 *has) {
  u32 n = SN_MIN(SN_WINDOW, g->docs - w * SN_WINDOW);
  int rc = SEINE_OK;
  snBitsFirst(has, SN_WORDS, n);
  for (u32 i = 0; i < n; i++) hash[i] = KEY_SEED;
  for (u32 i = 0; !rc && i < k->n; i++) {
    int at = snConstraintColumn(t, k->col[i]);
    u8 type = at < 0 ? TYPE_INTEGER : t->col[at].type;
    rc = keyColumn(g, k->col[i], type, w, n, a, hash, has);
  }
  snArenaClear(a);
  return rc;
}

/* ---- a key that came later ---------------------------------------------- */

int snKeyPatch(Segment *g, const Table *t, const TableKey *k, Store *s,
    ColumnPatch *out) {
  u32 n = 0, docs = g->docs;
  u64 hash[SN_WINDOW], has[SN_WORDS];
  Arena a;
  SegWriter w;
  int rc = SEINE_OK;
  *out = (ColumnPatch){.segment = g->id, .column = k->id};
  KeyIdx *v = snMemAlloc(g->budget, (docs + 1ull) * sizeof *v);
  if (!v) return SN_NOMEM;
  snArenaInit(&a, g->budget);
  for (u32 d = 0; !rc && d < docs; d++) {
    u32 i = d % SN_WINDOW;
    if (!i) rc = snKeyWindow(g, t, k, d / SN_WINDOW, &a, hash, has);
    if (!rc && snBit(has, i)) v[n++] = (KeyIdx){hash[i], d};
  }
  snArenaClear(&a);
  if (!rc) {
    snSegWriteInit(&w, s, g->budget, g->id);
    rc = snKeyWriteAll(&w, k->id, v, n, docs, g->budget);
    if (rc) snSegWriteAbort(&w);
    else rc = snSegWriteFinish(&w, docs, &out->ref);
  }
  snMemFree(v);
  return rc;
}
