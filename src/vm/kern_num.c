/*
** kern_num: arithmetic and comparison over vectors.
**
** Loops run over all rows of the batch, selected or not, so that they
** vectorise; rows that overflow are collected in a bitmap, and only selected,
** not-null ones raise.  Division and remainder by zero give NULL, as in
** SQLite; integer division truncates.
*/
#include "vm/vmInt.h"

enum { KERN_ADD, KERN_SUB, KERN_MUL, KERN_DIV, KERN_MOD,
  KERN_AND, KERN_OR, KERN_SHL, KERN_SHR };

#define KERN_AT(v, i, c) ((c) ? (v)[0] : (v)[i])

/* ---- four rows at once --------------------------------------------------- */

/* Where the first four rows are: those of a constant are written to same. */
SN_INLINE const u8 *kernNumSide(u64 *same, const void *v, bool constant) {
  for (u32 i = 0; constant && i < SN_LANES; i++) memcpy(same + i, v, 8);
  return constant ? (const u8 *)same : v;
}

/* Both sides, and how far it is to the next four rows of each. */
#define KERN_SIDES(a, ac, b, bc)                                        \
  u64 same[2][SN_LANES];                                                \
  const u8 *p = kernNumSide(same[0], a, ac);                            \
  const u8 *q = kernNumSide(same[1], b, bc);                            \
  const size_t pstep = ac ? 0 : SN_LANES * 8, qstep = bc ? 0 : SN_LANES * 8;

/* With the next four rows of both sides, l and r. */
#define KERN_FOUR(type, ...)                                            \
  {                                                                     \
    const type l = *(const type *)(const void *)p;                      \
    const type r = *(const type *)(const void *)q;                      \
    __VA_ARGS__;                                                        \
    p += pstep;                                                         \
    q += qstep;                                                         \
  }

/* Words of out from masks of four rows; what is no whole word is left. */
#define KERN_MASKS(type, ...)                                           \
  for (u32 w = 0; w < n / 64; w++) {                                    \
    Words4 in = {0}, bit = {1, 2, 4, 8};                                \
    for (u32 j = 0; j < 64; j += SN_LANES, bit <<= SN_LANES)            \
      KERN_FOUR(type, in |= (Words4)(__VA_ARGS__) & bit)                \
    out[w] = in[0] | in[1] | in[2] | in[3];                             \
  }

/* ---- integers ----------------------------------------------------------- */

/* Whole words of rows; out: of those that overflow. */
SN_INLINE void kernNumSums(u32 op, const i64 *a, bool ac, const i64 *b,
    bool bc, u32 n, i64 *sum, u64 *out) {
  KERN_SIDES(a, ac, b, bc)
  u64 *to = (u64 *)sum;
  for (u32 w = 0; w < n / 64; w++) {
    Words4 in = {0}, bit = {1, 2, 4, 8};
    for (u32 j = 0; j < 64; j += SN_LANES, bit <<= SN_LANES, to += SN_LANES)
      KERN_FOUR(Words4, Words4 s = op == KERN_ADD ? l + r : l - r;
                Ints4 over = (Ints4)((l ^ s) & ((op == KERN_ADD ? r : ~r) ^ s));
                *(Words4 *)to = s; in |= (Words4)(over < 0) & bit)
    out[w] = in[0] | in[1] | in[2] | in[3];
  }
}

SN_WIDE static void kernNumSumsWide(u32 op, const i64 *a, bool ac,
    const i64 *b, bool bc, u32 n, i64 *sum, u64 *out) {
  if (op == KERN_ADD) kernNumSums(KERN_ADD, a, ac, b, bc, n, sum, out);
  else kernNumSums(KERN_SUB, a, ac, b, bc, n, sum, out);
}

static void kernNumChecked(u32 op, const i64 *a, bool ac, const i64 *b,
    bool bc, u32 n, i64 *out, u64 *bad) {
  bool wide = op != KERN_MUL && SN_HAS_WIDE();
  if (wide) kernNumSumsWide(op, a, ac, b, bc, n, out, bad);
  for (u32 i = wide ? n / 64 * 64 : 0; i < n; i++) {
    i64 x = KERN_AT(a, i, ac), y = KERN_AT(b, i, bc);
    bool over = op == KERN_ADD ? __builtin_add_overflow(x, y, out + i)
        : op == KERN_SUB       ? __builtin_sub_overflow(x, y, out + i)
                               : __builtin_mul_overflow(x, y, out + i);
    bad[i >> 6] |= (u64)over << (i & 63);
  }
}

static void kernNumDivide(u32 op, const i64 *a, bool ac, const i64 *b,
    bool bc, u32 n, i64 *out, u64 *bad, u64 *zero) {
  for (u32 i = 0; i < n; i++) {
    i64 x = KERN_AT(a, i, ac), y = KERN_AT(b, i, bc);
    out[i] = 0;
    if (!y) {
      snBitSet(zero, i);
    } else if (y == -1) {
      if (op == KERN_DIV && __builtin_sub_overflow(0, x, out + i))
        snBitSet(bad, i);
    } else {
      out[i] = op == KERN_DIV ? x / y : x % y;
    }
  }
}

/* Shifts as in SQLite: by a negative number the other way, by 64 or more all
** bits go; to the right the sign comes after. */
static i64 kernNumShift(i64 x, i64 by) {
  if (by >= 64) return 0;
  if (by >= 0) return (i64)((u64)x << by);
  if (by <= -64) return x < 0 ? -1 : 0;
  return x >> -by;
}

static void kernNumBits(u32 op, const i64 *a, bool ac, const i64 *b, bool bc,
    u32 n, i64 *out) {
  for (u32 i = 0; i < n; i++) {
    i64 x = KERN_AT(a, i, ac), y = KERN_AT(b, i, bc);
    if (op == KERN_SHR) y = y == INT64_MIN ? INT64_MAX : -y;
    out[i] = op == KERN_AND ? x & y
        : op == KERN_OR     ? x | y
                            : kernNumShift(x, y);
  }
}

/* ---- doubles ------------------------------------------------------------ */

#define KERN_REALS(op)                                                  \
  for (; i < whole; i += SN_LANES)                                      \
    KERN_FOUR(Reals4, *(Reals4 *)(out + i) = l op r)                    \
  for (; i < n; i++) out[i] = KERN_AT(a, i, ac) op KERN_AT(b, i, bc);   \
  break;

SN_INLINE void kernNumReals(u32 op, const double *a, bool ac,
    const double *b, bool bc, u32 n, double *out) {
  KERN_SIDES(a, ac, b, bc)
  u32 i = 0, whole = n / SN_LANES * SN_LANES;
  switch (op) {
  case KERN_ADD: KERN_REALS(+)
  case KERN_SUB: KERN_REALS(-)
  case KERN_MUL: KERN_REALS(*)
  default: KERN_REALS(/)
  }
}

SN_WIDE static void kernNumRealsWide(u32 op, const double *a, bool ac,
    const double *b, bool bc, u32 n, double *out) {
  kernNumReals(op, a, ac, b, bc, n, out);
}

static void kernNumReal(u32 op, const double *a, bool ac, const double *b,
    bool bc, u32 n, double *out, u64 *zero) {
  for (u32 i = 0; op >= KERN_DIV && i < n; i++)
    if (KERN_AT(b, i, bc) == 0) snBitSet(zero, i);
  if (op == KERN_MOD)
    for (u32 i = 0; i < n; i++)
      out[i] = fmod(KERN_AT(a, i, ac), KERN_AT(b, i, bc));
  else if (SN_HAS_WIDE()) kernNumRealsWide(op, a, ac, b, bc, n, out);
  else kernNumReals(op, a, ac, b, bc, n, out);
}

/* Adds null bits to the result. */
static int kernNumNulls(Run *r, u16 dst, const u64 *more) {
  Vec *v = snReg(r, dst);
  if (snBitsEmpty(more, SN_WORDS)) return SEINE_OK;
  if (!v->nulls && !snRegNulls(r, dst)) return SN_NOMEM;
  for (u32 w = 0; w < SN_WORDS; w++) v->nulls[w] |= more[w];
  return SEINE_OK;
}

static int kernNumRaise(Run *r, const Instr *i, const u64 *bad,
    const char *name) {
  const Vec *v = snReg(r, i->dst);
  const Sel *s = r->sel + i->sel;
  for (u32 w = 0; w < SN_WORDS; w++)
    if (bad[w] & s->bits[w] & ~(v->nulls ? v->nulls[w] : 0))
      return snRunFail(r, SEINE_ERROR, "integer overflow in %s: cast a side "
          "to REAL to calculate with larger numbers", name);
  return SEINE_OK;
}

int opArith(Run *r, const Instr *i) {
  static const char *const names[] = {"+", "-", "*", "/", "%"};
  Vec *a = snReg(r, i->a), *b = snReg(r, i->b);
  bool ac = a->form == VEC_CONST, bc = b->form == VEC_CONST;
  u32 n = r->sel[i->sel].n;
  u64 bad[SN_WORDS] = {0}, zero[SN_WORDS] = {0};
  int rc = snRegFlat(r, i->dst);
  if (!rc) rc = snRegNullsOf(r, i->dst, i->a, i->b);
  if (rc) return rc;
  void *out = snReg(r, i->dst)->data;
  if (snTypeForm(snReg(r, i->dst)->type) == FORM_REAL) {
    kernNumReal((u32)i->k, a->data, ac, b->data, bc, n, out, zero);
    return kernNumNulls(r, i->dst, zero);
  }
  if (i->k > KERN_MOD)
    kernNumBits((u32)i->k, a->data, ac, b->data, bc, n, out);
  else if (i->k < KERN_DIV)
    kernNumChecked((u32)i->k, a->data, ac, b->data, bc, n, out, bad);
  else
    kernNumDivide((u32)i->k, a->data, ac, b->data, bc, n, out, bad, zero);
  rc = kernNumNulls(r, i->dst, zero);
  if (rc || i->k > KERN_MOD) return rc; /* bits never overflow */
  return kernNumRaise(r, i, bad, names[i->k]);
}

int opNeg(Run *r, const Instr *i) {
  const Vec *a = snReg(r, i->a);
  u32 n = r->sel[i->sel].n;
  u64 bad[SN_WORDS] = {0};
  int rc = snRegFlat(r, i->dst);
  if (!rc) rc = snRegNullsOf(r, i->dst, i->a, NO_REG);
  if (rc) return rc;
  Vec *v = snReg(r, i->dst);
  for (u32 k = 0; k < n; k++) {
    u32 at = snVecAt(a, k);
    if (v->type == TYPE_REAL)
      ((double *)v->data)[k] = -((const double *)a->data)[at];
    else if (__builtin_sub_overflow(0, ((const i64 *)a->data)[at],
                 (i64 *)v->data + k))
      snBitSet(bad, k);
  }
  return kernNumRaise(r, i, bad, "-");
}

/* ---- comparison --------------------------------------------------------- */

enum { KERN_EQ, KERN_NE, KERN_LT, KERN_LE, KERN_GT, KERN_GE };

#define KERN_CMP(type, op)                                              \
  KERN_MASKS(type, l op r)                                              \
  for (u32 i = n / 64 * 64; i < n; i++)                                 \
    out[i / 64] |= (u64)(KERN_AT(a, i, ac) op KERN_AT(b, i, bc)) << (i & 63); \
  break;

/* out is 0. */
#define KERN_CMP_ALL(name, type, four)                                  \
  SN_INLINE void name(u32 op, const type *a, bool ac, const type *b,    \
      bool bc, u32 n, u64 *out) {                                       \
    KERN_SIDES(a, ac, b, bc)                                            \
    switch (op) {                                                       \
    case KERN_EQ: KERN_CMP(four, ==)                                    \
    case KERN_NE: KERN_CMP(four, !=)                                    \
    case KERN_LT: KERN_CMP(four, <)                                     \
    case KERN_LE: KERN_CMP(four, <=)                                    \
    case KERN_GT: KERN_CMP(four, >)                                     \
    default: KERN_CMP(four, >=)                                         \
    }                                                                   \
  }                                                                     \
  SN_WIDE static void name##Wide(u32 op, const type *a, bool ac,        \
      const type *b, bool bc, u32 n, u64 *out) {                        \
    name(op, a, ac, b, bc, n, out);                                     \
  }                                                                     \
  static void name##Any(u32 op, const type *a, bool ac, const type *b,  \
      bool bc, u32 n, u64 *out) {                                       \
    if (SN_HAS_WIDE()) name##Wide(op, a, ac, b, bc, n, out);            \
    else name(op, a, ac, b, bc, n, out);                                \
  }
KERN_CMP_ALL(kernNumCmpInt, i64, Ints4)
KERN_CMP_ALL(kernNumCmpReal, double, Reals4)

static bool kernNumHolds(u32 op, int c) {
  switch (op) {
  case KERN_EQ: return c == 0;
  case KERN_NE: return c != 0;
  case KERN_LT: return c < 0;
  case KERN_LE: return c <= 0;
  case KERN_GT: return c > 0;
  default: return c >= 0;
  }
}

static void kernNumCmpStr(u32 op, const Vec *a, const Vec *b, Rows16 rows,
    u64 *out) {
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = rows.rows ? rows.rows[k] : k;
    const Str *x = (const Str *)a->data + snVecAt(a, i);
    const Str *y = (const Str *)b->data + snVecAt(b, i);
    if (kernNumHolds(op, snStrCmp(x->p, x->n, y->p, y->n))) snBitSet(out, i);
  }
}

static void kernNumCmpBool(u32 op, const Vec *a, const Vec *b, u32 n,
    u64 *out) {
  for (u32 i = 0; i < n; i++) {
    int x = snBit(a->data, snVecAt(a, i)), y = snBit(b->data, snVecAt(b, i));
    if (kernNumHolds(op, x - y)) snBitSet(out, i);
  }
}

/* Codes stand in the order of their strings: a comparison with a constant is
** a range of codes, looked up once per dictionary. */
static int kernNumCmpCode(Run *r, const Instr *i, const Vec *a,
    const Vec *b, u32 n, u64 *out) {
  Memo *m = snRunMemo(r, i);
  const u32 *codes = a->data;
  if (!m) return SN_NOMEM;
  if (!m->set || m->dict_key != a->dict_key) {
    const Str *s = b->data;
    u32 ord;
    bool exact;
    int rc = snDictSeek(a->dict, s->p, s->n, &ord, &exact);
    if (rc) return rc;
    m->set = true;
    m->dict_key = a->dict_key;
    m->lo = ord;
    m->hi = (i64)ord + exact; /* [lo, hi): the codes that are equal */
  }
  i64 from = 0, to = INT64_MAX;
  if (i->k == KERN_EQ || i->k == KERN_NE || i->k == KERN_GE) from = m->lo;
  if (i->k == KERN_GT) from = m->hi;
  if (i->k == KERN_EQ || i->k == KERN_NE || i->k == KERN_LE) to = m->hi;
  if (i->k == KERN_LT) to = m->lo;
  for (u32 at = 0; from < to && at < n; at += PACK_BLOCK)
    snPackWithin(codes + at, SN_MIN(PACK_BLOCK, n - at), (u32)from,
        (u32)SN_MIN(to - 1, (i64)UINT32_MAX), out + at / 64);
  for (u32 w = 0; i->k == KERN_NE && w < SN_WORDS; w++) out[w] = ~out[w];
  return SEINE_OK;
}

static int kernNumCompare(Run *r, const Instr *i, u64 *out) {
  const Sel *s = r->sel + i->sel;
  Vec *a = snReg(r, i->a), *b = snReg(r, i->b);
  bool ac = a->form == VEC_CONST, bc = b->form == VEC_CONST;
  u32 op = (u32)i->k;
  int rc = SEINE_OK;
  if (a->form == VEC_CODE && bc && !snVecNull(b, 0))
    return kernNumCmpCode(r, i, a, b, s->n, out);
  rc = snRegDecode(r, i->a, s);
  if (!rc) rc = snRegDecode(r, i->b, s);
  if (rc) return rc;
  switch (snTypeForm(a->type)) {
  case FORM_REAL:
    kernNumCmpRealAny(op, a->data, ac, b->data, bc, s->n, out);
    break;
  case FORM_STR: kernNumCmpStr(op, a, b, snRunSel(r, s), out); break;
  default:
    if (a->type == TYPE_BOOLEAN) kernNumCmpBool(op, a, b, s->n, out);
    else kernNumCmpIntAny(op, a->data, ac, b->data, bc, s->n, out);
  }
  return SEINE_OK;
}

int opCompare(Run *r, const Instr *i) {
  int rc = snRegFlat(r, i->dst);
  if (rc) return rc;
  u64 *out = snReg(r, i->dst)->data;
  memset(out, 0, SN_WORDS * 8);
  rc = kernNumCompare(r, i, out);
  return rc ? rc : snRegNullsOf(r, i->dst, i->a, i->b);
}

/* flag 1: IS NOT. */
int opIs(Run *r, const Instr *i) {
  u64 eq[SN_WORDS] = {0};
  const Vec *a = snReg(r, i->a), *b = snReg(r, i->b);
  int rc = kernNumCompare(r, i, eq);
  if (!rc) rc = snRegFlat(r, i->dst);
  if (rc) return rc;
  u64 *out = snReg(r, i->dst)->data;
  for (u32 k = 0; k < r->sel[i->sel].n; k++) {
    bool an = snVecNull(a, k), bn = snVecNull(b, k);
    bool yes = an || bn ? an && bn : snBit(eq, k);
    if (yes != (i->flag & 1)) snBitSet(out, k);
    else snBitClear(out, k);
  }
  return SEINE_OK;
}
#undef KERN_AT
#undef KERN_SIDES
#undef KERN_FOUR
#undef KERN_MASKS
#undef KERN_REALS
#undef KERN_CMP
#undef KERN_CMP_ALL
