/*
** edge: the first key of a row that bounds what a sort keeps.
**
** A sort that keeps some of its rows knows the last one of them: what lies
** beyond it is not copied any more.  One that is made in passes knows the last
** row of the pass before: what lies before it was given.  Both ask for the
** first key alone, which is cheap: texts are compared by their codes, once the
** edge was looked up in the dictionary of a segment.  Before there is an edge
** the rows of one batch bound each other.
**
** Invariants: (1) a set edge is neither NULL nor NaN, and of a type whose order
** is that of its bytes when it is a text; (2) the bytes are the row's, in the
** store: the edge is set anew when they move.
*/
#include "vm/vmInt.h"

void snEdgeSet(Edge *e, const RowStore *rows, u32 row, const SortKey *key) {
  const RowCol *c = rows->col + key->col;
  bool bytes = c->form == FORM_STR && !(c->type & TYPE_ARRAY) &&
      c->type != TYPE_INTERVAL; /* by which they are sorted */
  e->set = (bytes || c->form != FORM_STR) && c->type != TYPE_BOOLEAN &&
      !(c->nulls && snBit(c->nulls, row));
  e->dict = 0;
  if (!e->set) return;
  if (bytes) e->str = c->s[row];
  else if (c->form == FORM_INT) e->i = c->i[row];
  else e->d = c->d[row];
  if (c->form == FORM_REAL && isnan(e->d)) e->set = false;
}

/* Where it stands in the dictionary of v: what lies before `code` is below it,
** what lies from `next` on is above. */
static int edgeSeek(Edge *e, const Vec *v) {
  bool exact;
  if (e->dict == v->dict_key) return SEINE_OK;
  int rc = snDictSeek(v->dict, e->str.p, e->str.n, &e->code, &exact);
  e->next = e->code + exact;
  e->dict = v->dict_key;
  return rc;
}

static bool edgeText(const Edge *e, const Vec *v, u32 at, bool below,
    bool equal) {
  if (v->form == VEC_CODE) {
    u32 code = ((const u32 *)v->data)[at];
    return below ? code < (equal ? e->next : e->code)
                 : code >= (equal ? e->code : e->next);
  }
  const Str *s = (const Str *)v->data + at;
  int c = snStrCmp(s->p, s->n, e->str.p, e->str.n);
  return below ? c < equal : c > -equal;
}

static bool edgeOver(const Edge *e, const Vec *v, u32 i, bool below,
    bool equal) {
  u32 at = snVecAt(v, i);
  switch (snTypeForm(v->type)) {
  case FORM_STR: return edgeText(e, v, at, below, equal);
  case FORM_INT: {
    i64 x = ((const i64 *)v->data)[at];
    return x == e->i ? equal : (x < e->i) == below;
  }
  default: {
    double x = ((const double *)v->data)[at];
    return x == e->d ? equal : below ? x < e->d : x > e->d;
  }
  }
}

int snEdgeCut(Run *r, Edge *e, u16 reg, const SortKey *key, bool beyond,
    bool equal, Sel *s) {
  const Vec *v = snReg(r, reg);
  bool nulls = key->nulls_last == beyond, below = key->desc == beyond;
  int rc = SEINE_OK;
  if (v->form == VEC_CODE) rc = edgeSeek(e, v);
  else if (snTypeForm(v->type) == FORM_STR) rc = snRegDecode(r, reg, s);
  for (u32 w = 0; !rc && w < SN_WORDS; w++) {
    u64 keep = s->bits[w];
    for (u64 b = keep; b; b &= b - 1) {
      u32 i = w * 64 + (u32)__builtin_ctzll(b);
      if (snVecNull(v, i) ? nulls : edgeOver(e, v, i, below, equal))
        keep &= ~(b & (0 - b));
    }
    s->bits[w] = keep;
  }
  return rc;
}

static u64 edgeKey(const Vec *v, u32 i, bool desc) {
  u64 turn = desc ? UINT64_MAX : 0;
  if (snTypeForm(v->type) == FORM_REAL)
    return snRowsSortReal(((const double *)v->data)[i]) ^ turn;
  return (((const u64 *)v->data)[i] ^ 1ull << 63) ^ turn;
}

int snEdgeFirst(Run *r, u16 reg, const SortKey *key, u32 most, bool sole,
    Sel *s) {
  const Vec *v = snReg(r, reg);
  Rows16 rows = snRunSel(r, s);
  bool number = snTypeForm(v->type) != FORM_STR && v->type != TYPE_BOOLEAN;
  if (v->form != VEC_FLAT || v->nulls || !number || rows.n <= most)
    return SEINE_OK;
  KeyIdx *a = snArenaAlloc(&r->batch, rows.n * sizeof *a);
  KeyIdx *tmp = snArenaAlloc(&r->batch, rows.n * sizeof *tmp);
  if (!a || !tmp) return SN_NOMEM;
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = rows.rows ? rows.rows[k] : k;
    a[k] = (KeyIdx){edgeKey(v, i, key->desc), i};
  }
  snSortKeys(a, rows.n, tmp);
  for (u32 k = most; k < rows.n; k++)
    if (sole || a[k].key > a[most - 1].key) snBitClear(s->bits, a[k].idx);
  return SEINE_OK;
}
