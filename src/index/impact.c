/*
** impact: bounds of what the documents of a block can score.
**
** A document scores higher with more occurrences (tf) and with a shorter
** field (norm, a byte that grows with the length).  BM25 depends on a
** document by y = (1 + c * length) / tf alone, and falls with y; c is
** b / ((1 - b) * average length).  The pairs (tf, norm) of a block bound it:
** whatever c is, the least y of its documents is no less than that of its
** pairs.  So the bound is safe for any k1, b and average length.  TF-IDF
** depends on length / tf, what y comes to as c grows: it is bounded too.
**
** Over c each pair is a line, and their least y a concave chain of lines:
** what never is on the chain needs no pair, which leaves two to eight of
** those that no other dominates (tf no less, norm no more).  At most four are
** kept: neighbours are joined upwards (larger tf, smaller norm), where it
** costs least at c for the average length that the writer knows, its half
** and its double.  So with statistics like the writer's the bound of most
** blocks is the best score of a document.
**
** Scores are floats: of two that differ by little, the float of the lesser
** may be the larger.  A pair is left out only when others are less by
** IMPACT_MARGIN, or when one dominates it, which holds in floats too.
** score.c rounds six times on the way to a score: 2^-21 of it at most.
**
** A tf of 255 stands for 255 or more: scorers must take it as without limit.
*/
#include "index/indexInt.h"

#define IMPACT_MARGIN 0x1p-18
#define IMPACT_ANY    255u /* a tf that has no limit */

void snImpactReset(ImpactSet *s) {
  if (s->any) memset(s->max_tf + s->lo, 0, (size_t)(s->hi - s->lo) + 1);
  s->any = false;
}

void snImpactAdd(ImpactSet *s, u32 tf, u8 norm) {
  u8 t = (u8)SN_MIN(tf, IMPACT_ANY);
  if (!s->any) {
    s->any = true;
    s->lo = s->hi = norm;
  } else {
    if (norm < s->lo) s->lo = norm;
    if (norm > s->hi) s->hi = norm;
  }
  if (t > s->max_tf[norm]) s->max_tf[norm] = t;
}

void snImpactMerge(ImpactSet *s, const ImpactSet *o) {
  if (!o->any) return;
  for (u32 k = o->lo; k <= o->hi; k++)
    if (o->max_tf[k]) snImpactAdd(s, o->max_tf[k], (u8)k);
}

/* ---- lines over c ------------------------------------------------------- */

typedef struct ImpactLine { double tf, length; } ImpactLine;

static ImpactLine impactLine(Impact p) {
  return (ImpactLine){p.tf, snNormGet(p.norm)};
}

static double impactY(ImpactLine p, double c) {
  return (1 + c * p.length) / p.tf;
}

/* Where two lines meet, below 0 when they do not; p has less of both. */
static double impactMeet(ImpactLine p, ImpactLine q) {
  double d = p.tf * q.length - q.tf * p.length;
  return d > 0 ? (q.tf - p.tf) / d : -1;
}

/* Is p above q for every c?  p has less of both.  The quotient of their y
** runs from that of the tf at c = 0 to that of the slopes. */
static bool impactAbove(ImpactLine p, ImpactLine q) {
  return p.length * q.tf >= (1 + IMPACT_MARGIN) * p.tf * q.length;
}

/* Is m above the lesser of p and q for every c?  p < m < q: it comes nearest
** to that where p and q meet. */
static bool impactBetween(ImpactLine p, ImpactLine m, ImpactLine q) {
  double c = impactMeet(p, q);
  return c >= 0 && impactY(m, c) >= (1 + IMPACT_MARGIN) * impactY(p, c);
}

/* Drops the pairs that are never on the chain; tf and norm ascend. */
static u32 impactChain(Impact *p, u32 n) {
  u32 k = 0;
  for (u32 i = 0; i < n; i++) {
    ImpactLine q = impactLine(p[i]);
    for (; k && p[i].tf != IMPACT_ANY; k--) {
      ImpactLine m = impactLine(p[k - 1]);
      if (impactAbove(m, q)) continue;
      if (k < 2 || !impactBetween(impactLine(p[k - 2]), m, q)) break;
    }
    p[k++] = p[i];
  }
  return k;
}

/* Joins two neighbours where what they become is farthest above the chain, or
** least below it. */
static u32 impactJoin(Impact *p, u32 n, double average) {
  static const double part[] = {0.5, 1, 2};
  double chain[SN_COUNT(part)], best = INFINITY;
  u32 at = 0;
  for (u32 k = 0; k < SN_COUNT(part); k++) {
    chain[k] = INFINITY;
    for (u32 i = 0; i < n; i++) {
      double y = impactY(impactLine(p[i]), 3 * part[k] / average);
      chain[k] = SN_MIN(chain[k], y);
    }
  }
  for (u32 i = 0; i + 1 < n; i++) {
    ImpactLine z = impactLine((Impact){p[i + 1].tf, p[i].norm});
    double cost = 0;
    for (u32 k = 0; k < SN_COUNT(part); k++) {
      double over = chain[k] / impactY(z, 3 * part[k] / average);
      cost = SN_MAX(cost, over);
    }
    if (cost < best) {
      best = cost;
      at = i;
    }
  }
  p[at].tf = p[at + 1].tf;
  memmove(p + at + 1, p + at + 2, (n - at - 2) * sizeof *p);
  return n - 1;
}

u32 snImpactPut(const ImpactSet *s, double average, Impact out[IMPACTS]) {
  Impact all[256];
  u32 n = 0, best = 0;
  if (!s->any) return 0;
  for (u32 k = s->lo; k <= s->hi; k++) {
    if (s->max_tf[k] <= best) continue;
    best = s->max_tf[k];
    all[n++] = (Impact){(u8)best, (u8)k};
  }
  n = impactChain(all, n);
  while (n > IMPACTS) n = impactJoin(all, n, average);
  memcpy(out, all, n * sizeof *all);
  return n;
}

/* Is d above the chain of n pairs at c?  By less than is needed to leave a
** pair out, for what was rounded. */
static bool impactClear(const Impact *p, u32 n, ImpactLine d, double c) {
  double least = impactY(d, c) / (1 + IMPACT_MARGIN / 2);
  for (u32 i = 0; i < n; i++)
    if (impactY(impactLine(p[i]), c) <= least) return true;
  return false;
}

/* What a line is above the chain is least where two pairs meet, or at one of
** the ends: c = 0, and c without end, where only the slopes count. */
bool snImpactCovers(const Impact *p, u32 n, u32 tf, u8 norm) {
  ImpactLine d = {tf, snNormGet(norm)};
  bool steep = false;
  for (u32 i = 0; i < n; i++) {
    ImpactLine q = impactLine(p[i]);
    if (p[i].tf == IMPACT_ANY || (tf <= p[i].tf && norm >= p[i].norm))
      return true;
    steep |= d.length * q.tf >= (1 + IMPACT_MARGIN / 2) * d.tf * q.length;
  }
  if (!steep || !impactClear(p, n, d, 0)) return false;
  for (u32 j = 1; j < n; j++) {
    for (u32 i = 0; i < j; i++) {
      double c = impactMeet(impactLine(p[i]), impactLine(p[j]));
      if (c > 0 && !impactClear(p, n, d, c)) return false;
    }
  }
  return true;
}

#undef IMPACT_MARGIN
#undef IMPACT_ANY
