/*
** col_check: are the columns of a segment what col_write.c promises?
**   (1) every window decodes; its zone has the least and the greatest of its
**       values and the number of its nulls
**   (2) codes are below the dictionary's size (the reader sees to it)
**   (3) arrays: the counts add up to the elements
**   (4) rowids: none is null, all lie in the range of the reference
*/
#include "index/indexInt.h"

typedef struct ColCheck {
  IndexCheck *c;
  ColReader *col;
  ColKind kind;
  u64 at;            /* values before the window */
  void *v;
  u64 nulls[SN_WORDS];
} ColCheck;

static void colCheckInts(ColCheck *k, u32 w, const Zone *z) {
  i64 min = INT64_MAX, max = INT64_MIN;
  for (u32 i = 0; i < z->n; i++) {
    i64 x;
    if (snBit(k->nulls, i)) continue;
    if (k->kind == COL_CODE) x = ((const u32 *)k->v)[i];
    else x = ((const i64 *)k->v)[i];
    min = SN_MIN(min, x);
    max = SN_MAX(max, x);
  }
  if (min <= max && (min != z->min || max != z->max))
    snIndexCheckSay(k->c, "window %u has values from %lld to %lld, "
        "its zone says %lld to %lld", w, (long long)min, (long long)max,
        (long long)z->min, (long long)z->max);
}

static void colCheckReals(ColCheck *k, u32 w, const Zone *z) {
  double min = INFINITY, max = -INFINITY;
  bool nan = false, any = false;
  for (u32 i = 0; i < z->n; i++) {
    double x = ((const double *)k->v)[i];
    if (snBit(k->nulls, i)) continue;
    any = true;
    if (isnan(x)) nan = true;
    min = x < min ? x : min;
    max = x > max ? x : max;
  }
  if (nan) { /* has no bounds */
    min = -INFINITY;
    max = INFINITY;
  }
  if (any && !(min == z->rmin && max == z->rmax))
    snIndexCheckSay(k->c, "window %u has values from %g to %g, its zone says "
        "%g to %g", w, min, max, z->rmin, z->rmax);
}

static void colCheckRowids(ColCheck *k, u32 w, const Zone *z) {
  const Segment *g = k->c->g;
  if (z->nulls) snIndexCheckSay(k->c, "window %u: a rowid is null", w);
  if (g->rowid_min > g->rowid_max) return; /* not known */
  if (z->min < g->rowid_min || z->max > g->rowid_max)
    snIndexCheckSay(k->c, "window %u has rowids from %lld to %lld, the "
        "catalog says %lld to %lld", w, (long long)z->min,
        (long long)z->max, (long long)g->rowid_min,
        (long long)g->rowid_max);
}

static void colCheckWindow(ColCheck *k, u32 w, const Zone *z) {
  bool any;
  u64 legal[SN_WORDS];
  int rc = snColWindow(k->col, w, k->v, k->nulls, &any);
  if (rc == SEINE_CORRUPT) {
    snIndexCheckSay(k->c, "window %u cannot be decoded", w);
    return;
  }
  if (!snIndexCheckRc(k->c, rc, "a window")) return;
  u32 n = snBitsCount(k->nulls, SN_WORDS);
  if (n != z->nulls || any != (n != 0))
    snIndexCheckSay(k->c, "window %u has %u nulls, its zone says %u", w, n,
        z->nulls);
  snBitsFirst(legal, SN_WORDS, z->n);
  for (u32 i = 0; i < SN_WORDS; i++) legal[i] = k->nulls[i] & ~legal[i];
  if (!snBitsEmpty(legal, SN_WORDS))
    snIndexCheckSay(k->c, "window %u has nulls behind its end", w);
  if (k->kind == COL_REAL) colCheckReals(k, w, z);
  else colCheckInts(k, w, z);
  if (!k->c->column) colCheckRowids(k, w, z);
}

static void colCheckAll(IndexCheck *c, ColReader *col) {
  ColCheck k = {.c = c, .col = col, .kind = snColKind(col)};
  Zone z;
  k.v = snMemAlloc(c->budget, SN_WINDOW * sizeof(i64));
  if (!k.v) c->rc = SN_NOMEM;
  for (u32 w = 0; snIndexCheckGoes(c); w++) {
    (void)snColZone(col, w, &z);
    if (!z.n) break;
    colCheckWindow(&k, w, &z);
  }
  snMemFree(k.v);
}

/* ---- codes -------------------------------------------------------------- */

void snColCheckFree(CheckCodes *k) {
  snMemFree(k->df);
  snMemFree(k->seen);
  snMemFree(k->sum);
}

static int colCheckCode(CheckCodes *k, ColReader *col, u64 at, u32 doc,
    bool *any) {
  i64 v;
  bool null;
  int rc = snColItem(col, at, &v, &null);
  if (rc || null) return rc;
  *any = true;
  if (k->seen[v] == doc + 1) return SEINE_OK;
  k->seen[v] = doc + 1;
  k->df[v]++;
  k->sum[v] += snHashInt(doc + 1ull);
  return SEINE_OK;
}

static void colCheckCodes(IndexCheck *c, ColReader *col, CheckCodes *k) {
  u64 n = k->n = snDictCount(snColDict(col));
  k->df = snMemZero(c->budget, (n + 1) * sizeof(u32));
  k->seen = snMemZero(c->budget, (n + 1) * sizeof(u32));
  k->sum = snMemZero(c->budget, (n + 1) * sizeof(u64));
  int rc = k->df && k->seen && k->sum ? SEINE_OK : SN_NOMEM;
  for (u32 doc = 0; !rc && doc < c->g->docs; doc++) {
    u64 from = doc;
    u32 count = 1;
    bool null, any = false;
    if (snColIsArray(col)) rc = snColSpan(col, doc, &from, &count, &null);
    for (u32 i = 0; !rc && i < count; i++)
      rc = colCheckCode(k, col, from + i, doc, &any);
    k->with += any;
  }
  if (rc) { /* nothing to compare with: the windows have told why */
    snColCheckFree(k);
    *k = (CheckCodes){0};
    if (rc != SEINE_CORRUPT) c->rc = rc;
  }
}

void snColCheck(IndexCheck *c, const Section *s, CheckCodes *codes) {
  const u8 *head;
  ColReader *col;
  u8 type = s->column ? TYPE_NULL : TYPE_INTEGER;
  int rc = snSegmentGet(c->g, s, 0, COL_HEAD, &head);
  if (!snIndexCheckRc(c, rc, "the head of a column")) return;
  for (u32 i = 0; i < c->table->ncol; i++)
    if (c->table->col[i].id == s->column) type = c->table->col[i].type;
  if (type != TYPE_NULL && type != head[12]) {
    snIndexCheckSay(c, "has type %u in the segment, %u in the table",
        head[12], type);
    return;
  }
  rc = snColOpen(c->g, s->column, head[12], &col);
  if (!snIndexCheckRc(c, rc, "the column")) return;
  bool array = snColIsArray(col);
  if (array != ((head[12] & TYPE_ARRAY) != 0))
    snIndexCheckSay(c, array ? "counts, but no arrays" : "no counts");
  colCheckAll(c, col);
  if (array) colCheckAll(c, snColCounts(col));
  if (!c->rc && snColKind(col) == COL_CODE) colCheckCodes(c, col, codes);
}
