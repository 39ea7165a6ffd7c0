/*
** kern_decay: how much a value far from an origin still counts, as the decay
** functions of Elasticsearch do: 1 up to `offset` away, `decay` at `scale`
** behind that.  With d the distance behind the offset, in scales:
**
**   gauss_decay    decay ^ (d * d)
**   exp_decay      decay ^ d
**   linear_decay   1 - (1 - decay) * d, not below 0
**
** Distances are of numbers, moments (scale and offset are intervals; a month
** is a twelfth of 365.2425 days) and points (metres).
*/
#include "vm/kern.h"

#define KERN_DECAY_MONTH (365.2425 / 12 * 86400e6) /* us */

typedef double (*DecayShape)(double d, double decay);

static double kernDecayGauss(double d, double decay) {
  return pow(decay, d * d);
}
static double kernDecayExp(double d, double decay) { return pow(decay, d); }
static double kernDecayLinear(double d, double decay) {
  return fmax(0, 1 - (1 - decay) * d);
}

static double kernDecayApart(const Vec *args, u32 i) {
  i64 a, b;
  if (args[0].type == TYPE_REAL)
    return fabs(snKernReal(&args[0], i) - snKernReal(&args[1], i));
  a = snKernInt(&args[0], i);
  b = snKernInt(&args[1], i);
  return args[0].type == TYPE_GEOPOINT ? snKernMetres(a, b)
                                       : fabs((double)a - (double)b);
}

/* A scale or an offset in the unit of the distance. */
static int kernDecayWidth(FuncCtx *c, const Vec *v, u32 i, double *out) {
  Interval w;
  if (v->type != TYPE_INTERVAL) {
    *out = snKernReal(v, i);
    return SEINE_OK;
  }
  int rc = snKernInterval(c, v, i, &w);
  *out = (double)w.months * KERN_DECAY_MONTH + (double)w.us;
  return rc;
}

static int kernDecay(FuncCtx *c, const Vec *args, u32 n, Rows16 rows,
    Vec *out, DecayShape shape) {
  double *o = out->data, scale = 0, offset = 0, decay = 0.5, d;
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k);
    int rc = kernDecayWidth(c, &args[2], i, &scale);
    if (!rc && n > 3) rc = kernDecayWidth(c, &args[3], i, &offset);
    if (rc) return rc;
    if (n > 4) decay = snKernReal(&args[4], i);
    if (!(scale > 0) || !(offset >= 0) || !(decay > 0 && decay < 1))
      return snKernError(c, "a decay needs a scale above 0, an offset of 0 or "
          "more, and a decay between 0 and 1");
    d = kernDecayApart(args, i) - offset;
    o[i] = d > 0 ? shape(d / scale, decay) : d <= 0 ? 1 : NAN;
    if (isnan(o[i])) snKernNull(out, i);
  }
  return SEINE_OK;
}

static int kernDecayGaussAll(KERN_ARGS) {
  return kernDecay(c, args, n, rows, out, kernDecayGauss);
}
static int kernDecayExpAll(KERN_ARGS) {
  return kernDecay(c, args, n, rows, out, kernDecayExp);
}
static int kernDecayLinearAll(KERN_ARGS) {
  return kernDecay(c, args, n, rows, out, kernDecayLinear);
}

/* clang-format off */
static const Func kernDecayFuncs[] = {
  {"gauss_decay",  "rrr?rr", TYPE_REAL, 0, kernDecayGaussAll},
  {"gauss_decay",  "ttv?vr", TYPE_REAL, 0, kernDecayGaussAll},
  {"gauss_decay",  "ggr?rr", TYPE_REAL, 0, kernDecayGaussAll},
  {"exp_decay",    "rrr?rr", TYPE_REAL, 0, kernDecayExpAll},
  {"exp_decay",    "ttv?vr", TYPE_REAL, 0, kernDecayExpAll},
  {"exp_decay",    "ggr?rr", TYPE_REAL, 0, kernDecayExpAll},
  {"linear_decay", "rrr?rr", TYPE_REAL, 0, kernDecayLinearAll},
  {"linear_decay", "ttv?vr", TYPE_REAL, 0, kernDecayLinearAll},
  {"linear_decay", "ggr?rr", TYPE_REAL, 0, kernDecayLinearAll},
};
/* clang-format on */

const Func *snKernDecayList(u32 *n) {
  *n = SN_COUNT(kernDecayFuncs);
  return kernDecayFuncs;
}

#undef KERN_DECAY_MONTH
