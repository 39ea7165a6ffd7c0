/*
** policy: which segments are merged, and when.
**
** Tiers: a segment's tier grows with the logarithm of its bytes, to the base
** 8 from 4 KiB on.  When eight of one tier are neighbours, but for smaller
** ones between them, all of these are merged, so that each byte is written
** about once per tier and a table of n bytes has at most about 8 log8(n)
** segments.  Smaller ones alone never draw a large one in, unless there are
** 64 of them: it would be written again for every few rows.  Only neighbours
** are merged: documents keep the order in which they came, or in which the
** user had them put.  A segment of which more than a third was deleted is
** rewritten alone.
*/
#include "index/index.h"

#define POLICY_FAN   8u
#define POLICY_FLOOR 4096u
#define POLICY_MAX   (4ull << 30) /* larger ones are left alone */

static u32 policyTier(const SegmentRef *s) {
  u64 live = s->docs - s->live.deleted;
  u64 bytes = s->docs ? s->ref.len / s->docs * live : 0;
  u32 tier = 0;
  for (u64 b = POLICY_FLOOR; bytes > b; b *= POLICY_FAN) tier++;
  return tier;
}

bool snMergePick(const TableState *t, u32 *from, u32 *to) {
  for (u32 tier = 0; tier < 12; tier++) {
    u32 run = 0, same = 0; /* up to i: of the tier or below, and of it */
    for (u32 i = 0; i <= t->nseg; i++) {
      u32 is = i < t->nseg ? policyTier(t->seg + i) : UINT32_MAX;
      bool in = is <= tier && t->seg[i].ref.len < POLICY_MAX;
      if (in) run++;
      if (in && is == tier) same++;
      if (in) continue;
      if (same >= POLICY_FAN || run >= POLICY_FAN * POLICY_FAN) {
        *to = i;
        *from = i - run;
        return true;
      }
      run = same = 0;
    }
  }
  for (u32 i = 0; i < t->nseg; i++) {
    if (t->seg[i].live.deleted <= t->seg[i].docs / 3) continue;
    *from = i;
    *to = i + 1;
    return true;
  }
  return false;
}

void snMergeTrim(const TableState *t, u32 from, u32 *to) {
  u32 most = 0, same = 0, end = *to;
  for (u32 i = from; i < *to; i++) {
    u32 tier = policyTier(t->seg + i);
    if (tier > most) same = 0;
    most = SN_MAX(most, tier);
    if (tier < most) continue;
    same++;
    end = i + 1;
  }
  if (same >= POLICY_FAN) *to = end;
}
#undef POLICY_FAN
#undef POLICY_FLOOR
#undef POLICY_MAX
