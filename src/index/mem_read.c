/*
** mem_read: values of rows that still are in a memtable.  A column lists the
** documents that have a value, ascending: a value is found by halving.
*/
#include "index/memtable.h"

i64 snMemtableRowid(const Memtable *m, u32 doc) { return m->rowids[doc]; }

/* Place of a document among those with a value, or ~0. */
static u32 memPlace(const MemColumn *c, u32 doc) {
  u32 lo = 0, hi = c->ndocs;
  while (lo < hi) {
    u32 mid = lo + (hi - lo) / 2;
    if (snMemDoc(c, mid) < doc) lo = mid + 1;
    else hi = mid;
  }
  return lo < c->ndocs && snMemDoc(c, lo) == doc ? lo : UINT32_MAX;
}

static void memItem(const MemColumn *c, u32 at, ArrayItem *out) {
  *out = (ArrayItem){0};
  switch (c->form) {
  case FORM_STR:
    out->p = (const u8 *)c->refs[at].p;
    out->n = c->refs[at].n;
    break;
  case FORM_REAL: memcpy(&out->d, c->ints + at, 8); break;
  default: out->i = c->ints[at];
  }
}

static bool memIsHole(const MemColumn *c, u32 at) {
  for (u32 i = 0; i < c->nholes && c->holes[i] <= at; i++)
    if (c->holes[i] == at) return true;
  return false;
}

/* The elements of entry k, as array bytes. */
static int memArray(const MemColumn *c, u32 k, Arena *a, ArrayItem *out) {
  u32 from = 0;
  u8 *copy;
  Buf b;
  for (u32 i = 0; i < k; i++) from += c->counts[i];
  snBufInit(&b, a->budget);
  snArrayBegin(&b, c->elem, c->counts[k]);
  for (u32 i = 0; i < c->counts[k]; i++) {
    ArrayItem v;
    memItem(c, from + i, &v);
    if (memIsHole(c, from + i)) snArrayNull(&b);
    else if (c->form == FORM_STR) snArrayStr(&b, v.p, v.n);
    else if (c->form == FORM_REAL) snArrayReal(&b, v.d);
    else snArrayInt(&b, v.i);
  }
  copy = b.rc ? NULL : snArenaBytes(a, b.n + 1);
  if (copy) memcpy(copy, b.data, b.n);
  *out = (ArrayItem){.p = copy, .n = (u32)b.n};
  snBufClear(&b);
  return copy ? SEINE_OK : SN_NOMEM;
}

int snMemtableGet(const Memtable *m, u32 col, u32 doc, Arena *a,
    ArrayItem *out) {
  const MemColumn *c = m->col + col;
  *out = (ArrayItem){0};
  if (!c->column->id) {
    out->i = m->rowids[doc];
    return SEINE_OK;
  }
  u32 k = memPlace(c, doc);
  out->null = k == UINT32_MAX;
  if (out->null) return SEINE_OK;
  if (c->is_array) return memArray(c, k, a, out);
  memItem(c, k, out);
  return SEINE_OK;
}

/* Takes a column into the hashes. */
static void memHash(const Memtable *m, const MemColumn *c, u64 *hash,
    u64 *has) {
  u32 d = 0;
  for (u32 k = 0; k < c->ndocs; k++, d++) {
    for (; d < snMemDoc(c, k); d++) snBitClear(has, d);
    if (c->form == FORM_STR) {
      hash[d] = snKeyHashStr(hash[d], c->refs[k].p, c->refs[k].n);
    } else if (c->form == FORM_REAL) {
      double v;
      memcpy(&v, c->ints + k, 8);
      hash[d] = snKeyHashInt(hash[d], snKeyReal(v));
    } else {
      hash[d] = snKeyHashInt(hash[d], c->ints[k]);
    }
  }
  for (; d < m->ndocs; d++) snBitClear(has, d);
}

int snMemtableHashes(const Memtable *m, const TableKey *k, u64 *hash,
    u64 *has) {
  snBitsFirst(has, m->ndocs / 64 + 1, m->ndocs);
  for (u32 d = 0; d < m->ndocs; d++) hash[d] = KEY_SEED;
  for (u32 i = 0; i < k->n; i++) {
    int at = snConstraintColumn(m->table, k->col[i]);
    if (k->col[i]) memHash(m, m->col + at, hash, has);
    for (u32 d = 0; !k->col[i] && d < m->ndocs; d++)
      hash[d] = snKeyHashInt(hash[d], m->rowids[d]);
  }
  return SEINE_OK;
}
