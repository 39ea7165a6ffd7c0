/*
** kern: what the files of scalar functions share.  Private to vm.
**
** Every kern_*.c keeps its kernels to itself and gives its part of the
** table of functions; func.c joins the parts.  A kernel may let a string of
** its result point into the bytes of an argument: those live as long as the
** batch.
*/
#ifndef SN_VM_KERN_H
#define SN_VM_KERN_H
#include "vm/vm.h"

/* The parameters of a kernel: most need only some of them. */
#define KERN_ARGS \
  FuncCtx *c __attribute__((unused)), const Vec *args, \
      u32 n __attribute__((unused)), Rows16 rows, Vec *out

#define KERN_VALUE_MAX 1000000000u /* bytes of one value, at most: the limit
                                   ** may be less, see snKernMost() */

/* ---- From func.c -------------------------------------------------------- */

/* One value of any type: BOOLEAN and the like in i, REAL in d, else s. */
typedef struct KernVal {
  i64 i;
  double d;
  Str s;
} KernVal;

static inline u32 snKernRow(Rows16 rows, u32 k) {
  return rows.rows ? rows.rows[k] : k;
}
static inline Str snKernStr(const Vec *v, u32 i) {
  return ((const Str *)v->data)[snVecAt(v, i)];
}
static inline i64 snKernInt(const Vec *v, u32 i) {
  return ((const i64 *)v->data)[snVecAt(v, i)];
}
/* Of an INTEGER or a REAL. */
static inline double snKernReal(const Vec *v, u32 i) {
  u32 at = snVecAt(v, i);
  if (v->type == TYPE_REAL) return ((const double *)v->data)[at];
  return (double)((const i64 *)v->data)[at];
}
static inline bool snKernBool(const Vec *v, u32 i) {
  return snBit(v->data, snVecAt(v, i));
}
/* Of any vector: TYPE_NULL holds nothing but NULLs. */
static inline bool snKernIsNull(const Vec *v, u32 i) {
  return v->type == TYPE_NULL || snVecNull(v, i);
}
static inline bool snKernOnce(const Vec *v, u32 k) {
  return k == 0 || v->form != VEC_CONST; /* read again at the k-th row? */
}
static inline bool snKernIsAscii(const u8 *p, size_t n) {
  u64 all = 0;
  while (n >= 8) {
    all |= snGet64(p);
    p += 8;
    n -= 8;
  }
  while (n--) all |= *p++;
  return !(all & 0x8080808080808080ull);
}

/* The slow half of what follows. */
SN_FUNC bool snKernAsk(FuncCtx *c);
/* Asked after each n bytes or steps of work, of which one takes some
** nanoseconds: true when the statement is to end.  The kernel may then return
** anything: c->rc says so to who called it. */
static inline bool snKernStop(FuncCtx *c, size_t n) {
  c->made += n;
  return SN_UNLIKELY(c->made >= SN_STRIDE) && snKernAsk(c);
}
/* Bytes of a text up to which to work before that is asked again; no character
** goes over its end. */
SN_FUNC u32 snKernCut(const u8 *p, u32 n);
SN_FUNC u32 snKernCount(FuncCtx *c, Str s);           /* characters */
SN_FUNC u32 snKernOffset(FuncCtx *c, Str s, u32 k);   /* of character k */
SN_FUNC void snKernCopy(FuncCtx *c, u8 *to, const void *p, size_t n);
SN_FUNC void snKernAdd(FuncCtx *c, Buf *b, Str s);    /* ... to a buffer */
/* Room for n bytes at once: to grow later is to copy, which nobody can end. */
static inline void snKernRoom(Buf *b, size_t n) {
  if (snBufSpace(b, n)) b->n -= n;
}
/* The first place of t in s, which is not empty, or NULL; find does it for a
** part of s, which has t.n bytes at least; NULL: byte by byte. */
typedef const u8 *(*KernFind)(const u8 *p, u32 n, Str t);
SN_FUNC const u8 *snKernFind(FuncCtx *c, Str s, Str t, KernFind find);

/* Makes element i of a result NULL. */
SN_FUNC void snKernNull(Vec *out, u32 i);
SN_FUNC void snKernGet(const Vec *v, u32 i, KernVal *out);
/* The character of ESCAPE, or -1 with an error. */
SN_FUNC int snKernEscape(FuncCtx *c, Str s, i32 *out);
/* x[from:to] of n elements, which count from 1, or from the end when they are
** negative, becomes from 0 on and up to the one before *to. */
SN_FUNC void snKernSlice(u32 n, i64 *from, i64 *to);
/* Appends the text of a value, as CAST to TEXT gives it. */
SN_FUNC void snKernText(Buf *b, u8 type, const KernVal *v);
SN_FUNC void snKernVecText(Buf *b, const Vec *v, u32 i);
/* What is in the scratch becomes element i. */
SN_FUNC int snKernTake(FuncCtx *c, Vec *out, u32 i);
SN_FUNC Buf *snKernScratch(FuncCtx *c); /* the scratch, emptied */
/* The message, and SEINE_ERROR; the message of a value over the limit. */
SN_FUNC int snKernError(FuncCtx *c, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
SN_FUNC int snKernTooBig(FuncCtx *c);
SN_FUNC u32 snKernMost(const FuncCtx *c); /* bytes of one value */
SN_FUNC u32 snKernMostOf(const Budget *b); /* ... for its owner */

/* ---- The parts of the table --------------------------------------------- */

SN_FUNC const Func *snKernStrList(u32 *n);
SN_FUNC const Func *snKernMathList(u32 *n);
SN_FUNC const Func *snKernDateList(u32 *n);
SN_FUNC const Func *snKernLikeList(u32 *n);
SN_FUNC const Func *snKernRegexList(u32 *n);
SN_FUNC const Func *snKernMiscList(u32 *n);
SN_FUNC const Func *snKernBytesList(u32 *n);
SN_FUNC const Func *snKernDecayList(u32 *n);
SN_FUNC const Func *snKernJsonList(u32 *n);
SN_FUNC const Func *snKernMergeList(u32 *n);
SN_FUNC const Func *snKernArrayList(u32 *n);
SN_FUNC const Func *snKernGeoList(u32 *n);
SN_FUNC const Func *snKernWhenList(u32 *n);

/* ---- From kern_date.c and kern_misc.c ----------------------------------- */

/* An INTERVAL, or text that is one. */
SN_FUNC int snKernInterval(FuncCtx *c, const Vec *v, u32 i, Interval *w);
SN_FUNC double snKernMetres(i64 a, i64 b); /* between two GEOPOINTs */

/* ---- From kern_json.c --------------------------------------------------- */

/* Appends a value of any type as JSON; MISUSE: it cannot be one. */
SN_FUNC int snKernJsonValue(Buf *b, const Vec *v, u32 i);
/* The event of the value at a path of a valid text, or JSON_END. */
SN_FUNC int snKernJsonSeek(FuncCtx *c, Str json, Str path, Json *j,
    JsonEvent *e);
/* ... which it appends, without blanks. */
SN_FUNC int snKernJsonCopy(Json *j, JsonEvent e, Buf *b);

/* ---- From kern_cast.c --------------------------------------------------- */

/* One scalar or array to another type; false: it becomes NULL.  Bytes of the
** result are those of v, or new ones in the arena; rc after a failure. */
SN_FUNC bool snCastVal(FuncCtx *c, u8 from, const KernVal *v, u8 to,
    KernVal *out, int *rc);

#endif
