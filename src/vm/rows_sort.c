/*
** rows_sort: the rows of a store in order of several keys.
**
** Key by key: rows that are equal so far are a run.  In a run the NULLs of
** the key are parted off, the rest is sorted by radix on 64 bits that have
** the order of the values; the runs of what is equal go to the next key.
** Short runs, and values of which 64 bits do not tell all, are sorted by
** comparing all the keys that are left.
**
** (1) Stable: each step is.
** (2) Bit i of cuts is set when a run begins at place i of the order.
** (3) For numbers equal bits are equal values.  For strings the bits are the
**     eight bytes behind what all of the run begin with, padded with zeros.
** (4) Descending keys have their bits turned over; NULLs do not follow them.
** (5) Memory: 36 bytes a row and one bit, of which 4 bytes are the result.
*/
#include "vm/vm.h"

#define ROWS_SORT_FEW 48u /* rows for which comparing is as good */

typedef struct RowsSort {
  const RowStore *r;
  const SortKey *keys; /* of this level and below */
  u32 nkeys;
  u32 *order;
  KeyIdx *pair, *tmp;
  u64 *cuts;
  const volatile int *stop;
  int rc;              /* INTERRUPT: the order is void */
} RowsSort;

/* Whether to stop at the i-th of many. */
static inline bool rowsSortStops(RowsSort *s, u32 i) {
  if (SN_LIKELY(i % SN_WINDOW)) return false;
  if (snStops(s->stop)) s->rc = SEINE_INTERRUPT;
  return s->rc != SEINE_OK;
}

u64 snRowsSortReal(double d) {
  u64 bits;
  if (isnan(d)) return UINT64_MAX;
  if (d == 0) d = 0; /* -0 */
  memcpy(&bits, &d, sizeof bits);
  return bits >> 63 ? ~bits : bits | 1ull << 63;
}

static u64 rowsSortStr(const Str *s, u32 skip) {
  u64 v = 0;
  u32 n = s->n - skip;
  if (n >= 8) return __builtin_bswap64(snGet64(s->p + skip));
  for (u32 i = 0; i < n; i++) v |= (u64)s->p[skip + i] << (56 - 8 * i);
  return v;
}

/* Bytes that all strings of pairs [0, n) begin with. */
static u32 rowsSortCommon(RowsSort *s, const RowCol *c, u32 n) {
  const KeyIdx *a = s->pair;
  const Str *first = c->s + a[0].idx;
  u32 common = first->n;
  for (u32 i = 1; i < n && common && !rowsSortStops(s, i); i++) {
    const Str *x = c->s + a[i].idx;
    u32 k = 0, end = SN_MIN(common, x->n);
    if (x->p == first->p && x->n >= common) continue;
    while (end - k >= 8 && snGet64(x->p + k) == snGet64(first->p + k)) k += 8;
    while (k < end && x->p[k] == first->p[k]) k++;
    common = k;
  }
  return common;
}

/* skip: bytes that all strings begin with. */
static void rowsSortBits(const RowCol *c, bool desc, u32 skip, KeyIdx *a,
    u32 n) {
  u64 turn = desc ? UINT64_MAX : 0;
  if (c->form == FORM_INT) {
    for (u32 i = 0; i < n; i++)
      a[i].key = ((u64)c->i[a[i].idx] ^ 1ull << 63) ^ turn;
  } else if (c->form == FORM_REAL) {
    for (u32 i = 0; i < n; i++)
      a[i].key = snRowsSortReal(c->d[a[i].idx]) ^ turn;
  } else {
    for (u32 i = 0; i < n; i++)
      a[i].key = rowsSortStr(c->s + a[i].idx, skip) ^ turn;
  }
}

static int rowsSortCmp(void *arg, u32 a, u32 b) {
  const RowsSort *s = arg;
  return snRowsCompare(s->r, s->keys, s->nkeys, a, b);
}

/* By comparing: sorts the run for good. */
static void rowsSortCompare(RowsSort *s, u32 from, u32 n) {
  if (n < 2) return;
  s->rc = snSortIndexStop(s->order + from, n, (u32 *)(void *)s->tmp,
      rowsSortCmp, s, s->stop);
  for (u32 i = from; i < from + n; i++) snBitSet(s->cuts, i);
}

/* Strings of equal bits: the run stays one when they are all the same. */
static void rowsSortSame(RowsSort *s, u32 from, u32 n) {
  SortKey key = *s->keys;
  for (u32 i = from + 1; i < from + n && !rowsSortStops(s, i); i++) {
    if (!snRowsCompare(s->r, &key, 1, s->order[i - 1], s->order[i])) continue;
    rowsSortCompare(s, from, n);
    return;
  }
}

/* Parts the run in values, which go to pair[0 ..), and NULLs, which take
** their place; gives the number of values and where they begin. */
static u32 rowsSortNulls(RowsSort *s, u32 from, u32 n, u32 *at) {
  const RowCol *c = s->r->col + s->keys->col;
  u32 values = 0, nulls = 0, *to;
  for (u32 i = 0; i < n && !rowsSortStops(s, i); i++) {
    u32 row = s->order[from + i];
    if (snBit(c->nulls, row)) s->tmp[nulls++].idx = row;
    else s->pair[values++].idx = row;
  }
  *at = s->keys->nulls_last ? from : from + nulls;
  to = s->order + (s->keys->nulls_last ? from + values : from);
  for (u32 i = 0; i < nulls; i++) to[i] = s->tmp[i].idx;
  if (nulls && values) {
    snBitSet(s->cuts, s->keys->nulls_last ? from + values : *at);
  }
  return values;
}

/* Sorts the pairs by the bits of their values. */
static void rowsSortPairs(RowsSort *s, const RowCol *c, u32 n) {
  bool sorted = true;
  u32 skip = n && c->form == FORM_STR ? rowsSortCommon(s, c, n) : 0;
  for (u32 at = 0; at < n && !rowsSortStops(s, at); at += SN_WINDOW)
    rowsSortBits(c, s->keys->desc, skip, s->pair + at,
        SN_MIN(n - at, SN_WINDOW));
  for (u32 i = 1; sorted && i < n; i++)
    sorted = s->pair[i - 1].key <= s->pair[i].key;
  if (!sorted && !s->rc) s->rc = snSortKeysStop(s->pair, n, s->tmp, s->stop);
}

static void rowsSortRun(RowsSort *s, u32 from, u32 n) {
  const RowCol *c = s->r->col + s->keys->col;
  bool text = c->form == FORM_STR;
  u32 at, values;
  if (n < ROWS_SORT_FEW || c->type == TYPE_INTERVAL ||
      (c->type & TYPE_ARRAY)) {
    rowsSortCompare(s, from, n);
    return;
  }
  values = rowsSortNulls(s, from, n, &at);
  if (!s->rc) rowsSortPairs(s, c, values);
  if (s->rc) return;
  for (u32 i = 0; i < values && !rowsSortStops(s, i); i++) {
    s->order[at + i] = s->pair[i].idx;
    if (i && s->pair[i].key != s->pair[i - 1].key) snBitSet(s->cuts, at + i);
  }
  for (u32 i = 0, k; text && i < values && !s->rc; i = k) {
    for (k = i + 1; k < values && s->pair[k].key == s->pair[i].key;) k++;
    rowsSortSame(s, at + i, k - i);
  }
}

/* Where the run that begins at `at` ends. */
static u32 rowsSortEnd(const RowsSort *s, u32 at) {
  u32 i = at + 1, n = s->r->n;
  while (i < n) {
    u64 word = s->cuts[i >> 6] >> (i & 63);
    if (word) return SN_MIN(n, i + (u32)__builtin_ctzll(word));
    i = (i | 63) + 1;
  }
  return n;
}

/* One key; true when runs of more than one row are left. */
static bool rowsSortLevel(RowsSort *s) {
  u32 n = s->r->n;
  bool left = false;
  for (u32 at = 0, end; at < n && !s->rc; at = end) {
    end = rowsSortEnd(s, at);
    if (end - at > 1) rowsSortRun(s, at, end - at);
  }
  for (u32 i = 0; i < n / 64 && !left; i++) left = s->cuts[i] != ~0ull;
  if (n & 63) left = left || s->cuts[n >> 6] != (1ull << (n & 63)) - 1;
  return left;
}

int snRowsSort(const RowStore *r, const SortKey *keys, u32 nkeys,
    u32 **out) {
  RowsSort s = {.r = r, .keys = keys, .nkeys = nkeys,
      .stop = snMemStop(r->budget)};
  size_t n = r->n;
  *out = NULL;
  s.order = snMemAlloc(r->budget, SN_MAX(n, 1u) * sizeof *s.order);
  if (!s.order) return SN_NOMEM;
  for (u32 i = 0; i < r->n; i++) s.order[i] = i;
  if (!nkeys || n < 2) goto done;
  s.pair = snMemAlloc(r->budget, n * sizeof *s.pair);
  s.tmp = snMemAlloc(r->budget, n * sizeof *s.tmp);
  s.cuts = snMemZero(r->budget, (n + 63) / 64 * sizeof *s.cuts);
  if (!s.pair || !s.tmp || !s.cuts) {
    s.rc = SN_NOMEM;
    goto done;
  }
  snBitSet(s.cuts, 0);
  while (s.nkeys && rowsSortLevel(&s) && !s.rc) {
    s.keys++;
    s.nkeys--;
  }

done:
  snMemFree(s.pair);
  snMemFree(s.tmp);
  snMemFree(s.cuts);
  if (s.rc) snMemFree(s.order);
  else *out = s.order;
  return s.rc;
}

#undef ROWS_SORT_FEW
