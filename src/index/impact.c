/*
** impact: bounds of what the documents of a block can score.
**
** A document scores higher with more occurrences (tf) and with a shorter
** field (norm, a byte that grows with the length).  A set of pairs bounds a
** block when each of its documents has tf <= pair.tf and norm >= pair.norm
** for some pair.  The smallest such set are the pairs that no other
** dominates; at most four are kept, merging neighbours upwards (larger tf,
** smaller norm), which stays a bound for any k1, b and average length.
** A tf of 255 stands for 255 or more: scorers must take it as without limit.
*/
#include "index/indexInt.h"

void snImpactReset(ImpactSet *s) {
  if (s->any) memset(s->max_tf + s->lo, 0, (size_t)(s->hi - s->lo) + 1);
  s->any = false;
}

void snImpactAdd(ImpactSet *s, u32 tf, u8 norm) {
  u8 t = (u8)SN_MIN(tf, 255u);
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

u32 snImpactPut(const ImpactSet *s, Impact out[IMPACTS]) {
  Impact all[256];
  u32 n = 0, best = 0;
  if (!s->any) return 0;
  for (u32 k = s->lo; k <= s->hi; k++) {
    if (s->max_tf[k] <= best) continue;
    best = s->max_tf[k];
    all[n++] = (Impact){(u8)best, (u8)k};
  }
  while (n > IMPACTS) {
    /* Merge the neighbours that lose least: the smallest rectangle added. */
    u32 at = 0, cost = UINT32_MAX;
    for (u32 i = 0; i + 1 < n; i++) {
      u32 dt = (u32)(all[i + 1].tf - all[i].tf);
      u32 dn = (u32)(all[i + 1].norm - all[i].norm);
      u32 c = dt * dn * 256u / (u32)(all[i].tf + 1);
      if (c < cost) {
        cost = c;
        at = i;
      }
    }
    all[at].tf = all[at + 1].tf;
    memmove(all + at + 1, all + at + 2, (n - at - 2) * sizeof *all);
    n--;
  }
  memcpy(out, all, n * sizeof *all);
  return n;
}
