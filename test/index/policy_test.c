/*
** policy_test: which segments are merged.  A segment is one letter:
**   a 4 KiB  b 4 KiB + 1  B 32 KiB  c 32 KiB + 1  d 256 KiB + 1
**   l one document short of 4 GiB  m 4 GiB  n 5 GiB
** that is tiers 0, 1, 1, 2, 3 and 7; m and n are left alone.
**   1. lists of letters and the neighbours chosen, by the rules at the head
**      of policy.c; what is left of a choice for a merge beside others
**   2. deletions: the third, the tier of what is left
**   3. ten thousand flushes: segments stay few, bytes are written about once
**      per tier
*/
#include "index/part.h"

#define POLT_MAX 20000u
#define POLT_KIB 1024ull
#define POLT_MIB (1024ull * 1024)
static SegmentRef pol_seg[POLT_MAX];

static u64 polBytes(char c) {
  switch (c) {
  case 'a': return 4 * POLT_KIB;
  case 'b': return 4 * POLT_KIB + 1;
  case 'B': return 32 * POLT_KIB;
  case 'c': return 32 * POLT_KIB + 1;
  case 'd': return 256 * POLT_KIB + 1;
  case 'l': return 4096 * POLT_MIB - 1;
  case 'm': return 4096 * POLT_MIB;
  default: return 5120 * POLT_MIB;
  }
}

/* One document each, so that bytes by document are exact. */
static u32 polMake(const char *s) {
  u32 n = 0;
  memset(pol_seg, 0, 300 * sizeof *pol_seg);
  for (; *s; s++) {
    pol_seg[n].docs = 1;
    pol_seg[n++].ref.len = polBytes(*s);
  }
  return n;
}

static bool polPick(u32 n, u32 *from, u32 *to) {
  TableState t = {.nseg = n, .seg = pol_seg};
  *from = *to = UINT32_MAX;
  return snMergePick(&t, from, to);
}

#define POLT_7 "aaaaaaa"
#define POLT_56 POLT_7 "b" POLT_7 "b" POLT_7 "b" POLT_7 "b" POLT_7 "b" \
    POLT_7 "b" POLT_7 "b"
static const struct { const char *name, *s; u32 from, to; } pol_cases[] = {
  {"no segment", "", 0, 0},
  {"one", "a", 0, 0},
  {"seven small ones", "aaaaaaa", 0, 0},
  {"eight", "aaaaaaaa", 0, 8},
  {"all neighbours, not just eight", "aaaaaaaaaaa", 0, 11},
  {"eight between large ones", "caaaaaaaac", 1, 9},
  {"seven and seven with a large one between", "aaaaaaacaaaaaaa", 0, 0},
  {"the first run of several", "baaaaaaaacaaaaaaaaa", 1, 9},
  {"the second, when the first is short", "aaaaaaacaaaaaaaa", 8, 16},
  {"a byte more is the next tier", "aaaaaaab", 0, 0},
  {"eight of tier 1, both its ends", "bBbBbBbB", 0, 8},
  {"512 KiB and a byte are tier 2", "bbbbbbbc", 0, 0},
  {"with small ones between them", "babaabababaababb", 0, 16},
  {"seven of them", "babaabababaabab", 0, 0},
  {"and at either end", "aabbbbbbbbaa", 0, 12},
  {"but not beyond a larger one", "aacbbbbbbbbadaaa", 3, 12},
  {"small ones first", "bbbbbbbbcaaaaaaaa", 9, 17},
  {"eight of tier 3", "dddddddd", 0, 8},
  {"mixed tiers, none with eight", "aaaaaaabbbbbbbcccccccddddddd", 0, 0},
  {"56 and a large one", POLT_56 "d", 0, 0},
  {"63 with a larger one", POLT_56 "aaaaaac", 0, 0},
  {"64 with a larger one", POLT_56 "aaaaaaac", 0, 64},
  {"just below 4 GiB", "llllllll", 0, 8},
  {"4 GiB and more are left alone", "mmmmmmmmnnnnnnnnm", 0, 0},
  {"and part others", "llllmllll", 0, 0},
  {"small ones beside them", "maaaaaaaan", 1, 9},
};

static void polCases(void) {
  for (u32 i = 0; i < SN_COUNT(pol_cases); i++) {
    u32 from, to, n = polMake(pol_cases[i].s);
    bool some = polPick(n, &from, &to), want = pol_cases[i].to != 0;
    bool good = some == want &&
        (!want || (from == pol_cases[i].from && to == pol_cases[i].to));
    if (!good) (void)testNo("chosen", from, to);
    testOk(good, pol_cases[i].name);
  }
}

/* The end of what is left of a choice. */
static const struct { const char *name, *s; u32 from, to, end; } pol_trims[] = {
  {"small ones at the end are left", "aabbbbbbbbaa", 0, 12, 10},
  {"not those in front or between", "abababababababababaa", 0, 20, 18},
  {"nor large ones in front of few", POLT_56 "aaaaaaac", 0, 64, 64},
  {"eight large ones are enough", "ccccccccaab", 0, 11, 8},
  {"seven are not", "cccccccaab", 0, 10, 10},
  {"of one size all stay", "aaaaaaaaaaa", 0, 11, 11},
  {"one alone stays", "cdc", 1, 2, 2},
};

static void polTrims(void) {
  for (u32 i = 0; i < SN_COUNT(pol_trims); i++) {
    TableState t = {.nseg = polMake(pol_trims[i].s), .seg = pol_seg};
    u32 to = pol_trims[i].to;
    snMergeTrim(&t, pol_trims[i].from, &to);
    if (to != pol_trims[i].end) (void)testNo("end", i, to);
    testOk(to == pol_trims[i].end, pol_trims[i].name);
  }
}

/* ---- 2 ------------------------------------------------------------------ */

static const struct {
  const char *name;
  u32 docs, deleted, from, to; /* of segment 3 of five large ones */
} pol_deleted[] = {
  {"nothing deleted", 9, 0, 0, 0},
  {"a third", 9, 3, 0, 0},
  {"one more", 9, 4, 3, 4},
  {"the third of 10 is 3", 10, 3, 0, 0},
  {"4 of 10", 10, 4, 3, 4},
  {"one of two", 2, 1, 3, 4},
  {"one of three", 3, 1, 0, 0},
  {"two of three", 3, 2, 3, 4},
  {"the only one", 1, 1, 3, 4},
  {"all of a million", 1000000, 1000000, 3, 4},
};

static void polDeleted(void) {
  u32 from, to;
  for (u32 i = 0; i < SN_COUNT(pol_deleted); i++) {
    u32 n = polMake("ddddd");
    pol_seg[3].docs = pol_deleted[i].docs;
    pol_seg[3].live.deleted = pol_deleted[i].deleted;
    bool some = polPick(n, &from, &to), want = pol_deleted[i].to != 0;
    testOk(some == want && (!want || (from == pol_deleted[i].from &&
        to == pol_deleted[i].to)), pol_deleted[i].name);
  }
  /* 4 MiB of which a hundredth is left counts as small */
  u32 n = polMake("aaaaaaad");
  testOk(!polPick(n, &from, &to), "seven small ones, one large");
  pol_seg[7].docs = 1000;
  pol_seg[7].live.deleted = 990;
  testOk(polPick(n, &from, &to) && from == 0 && to == 8,
      "it is small once most of it is deleted");
  n = polMake("caaaaaaaa");
  pol_seg[0].docs = 2;
  pol_seg[0].live.deleted = 1;
  testOk(polPick(n, &from, &to) && from == 1 && to == 9,
      "neighbours come before a rewrite");
  n = polMake("dndd");
  pol_seg[1].docs = pol_seg[3].docs = 2;
  pol_seg[1].live.deleted = pol_seg[3].live.deleted = 1;
  testOk(polPick(n, &from, &to) && from == 1 && to == 2,
      "the first of two, whatever its size");
}

/* ---- 3 ------------------------------------------------------------------ */

/* Flushes n segments of least to most bytes; after each one merges until
** nothing is chosen.  Merging adds up bytes and documents.
** Below 4 GiB all segments are one run at the highest tier, so never 64 are
** left.  Eight of a tier above 0 make one of a higher tier: a byte is written
** once per tier, but for the merges that stay in tier 0: each of these does
** away with seven segments and writes at most 64 segments of 4 KiB. */
static bool polFlushes(u32 n, u64 least, u64 most) {
  u32 nseg = 0, peak = 0, tiers = 1;
  u64 written = 0, all = 0;
  for (u32 i = 0; i < n; i++) {
    SegmentRef *s = pol_seg + nseg++;
    memset(s, 0, sizeof *s);
    s->ref.len = least + testChance() % (most - least + 1);
    s->docs = 1 + (u32)(s->ref.len / 100);
    all += s->ref.len;
    u32 from, to, rounds = 0;
    while (polPick(nseg, &from, &to)) {
      if (from >= to || to > nseg || to - from < 2 || rounds++ > 20)
        return testNo("chosen", from, to);
      SegmentRef sum = {0};
      for (u32 k = from; k < to; k++) {
        sum.ref.len += pol_seg[k].ref.len;
        sum.docs += pol_seg[k].docs;
      }
      written += sum.ref.len;
      pol_seg[from] = sum;
      memmove(pol_seg + from + 1, pol_seg + to, (nseg - to) * sizeof *s);
      nseg -= to - from - 1;
    }
    peak = SN_MAX(peak, nseg);
  }
  for (u64 b = 4096; b < all; b *= 8) tiers++;
  if (peak >= 64) return testNo("segments", peak, tiers);
  return written <= tiers * all + n / 7 * 65536ull ||
      testNo("written again, times", written / all, tiers);
}

int main(int argc, char **argv) {
  testSeed(argc, argv);
  polCases();
  polTrims();
  polDeleted();
  testOk(polFlushes(10000, 3000, 3000), "10,000 flushes of one size");
  testOk(polFlushes(10000, 40000, 70000), "of about 64 KiB");
  testOk(polFlushes(10000, 200, 300000), "of all sizes");
  testOk(polFlushes(2000, 1 << 20, 3 << 20), "of some MiB");
  return testDone();
}
