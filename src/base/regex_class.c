/*
** regex_class: sets of characters, and the UTF-8 that spells them.
**
** (1) A set is a list of ranges of code points.  After Sort they are sorted,
**     do not touch, and hold no surrogate.
** (2) Its expression takes well-formed UTF-8 only.  Characters are gathered
**     by what may follow their first byte, so that large sets (all letters)
**     stay small expressions.
*/
#include "base/regexInt.h"

#define REGEX_TOP  0x10ffffu
#define REGEX_CASE 0x1ffffu /* no letter above it has another case */

/* ---- Sets --------------------------------------------------------------- */

void snRegexClassAdd(RegexClass *c, u32 lo, u32 hi) {
  if (c->rc) return;
  if (c->n && c->range[c->n - 1].hi + 1 == lo) {
    c->range[c->n - 1].hi = hi;
    return;
  }
  c->rc = snMemGrow(c->budget, &c->range, &c->cap, c->n + 1ull,
      sizeof *c->range);
  if (!c->rc) c->range[c->n++] = (RegexRange){lo, hi};
}

static int classByStart(void *arg, u32 a, u32 b) {
  const RegexRange *r = arg;
  return (r[a].lo > r[b].lo) - (r[a].lo < r[b].lo);
}

/* Appends the ranges of c in the order of idx to `out`. */
static void classJoin(const RegexClass *c, const u32 *idx, RegexClass *out) {
  for (u32 i = 0; i < c->n; i++) {
    RegexRange r = c->range[idx[i]];
    RegexRange *last = out->n ? out->range + out->n - 1 : NULL;
    if (last && r.lo <= last->hi + 1) last->hi = SN_MAX(last->hi, r.hi);
    else snRegexClassAdd(out, r.lo, r.hi);
  }
}

static void classNoSurrogates(RegexClass *c) {
  u32 n = c->n, to = 0;
  for (u32 i = 0; i < n; i++) {
    RegexRange r = c->range[i];
    if (r.hi >= 0xd800 && r.lo <= 0xdfff) {
      if (r.lo < 0xd800 && r.hi > 0xdfff) { /* split: the tail waits */
        snRegexClassAdd(c, 0xe000, r.hi);
        if (c->rc) return;
      }
      if (r.lo < 0xd800) r.hi = 0xd7ff;
      else r.lo = 0xe000;
    }
    if (r.lo <= r.hi) c->range[to++] = r;
  }
  for (; n < c->n; n++) c->range[to++] = c->range[n];
  c->n = to;
}

void snRegexClassSort(RegexClass *c) {
  RegexClass out = {.budget = c->budget};
  u32 *idx = NULL;
  classNoSurrogates(c);
  if (c->rc || !c->n) return;
  idx = snMemAlloc(c->budget, (size_t)c->n * 2 * sizeof *idx);
  if (!idx) {
    c->rc = SN_NOMEM;
    return;
  }
  for (u32 i = 0; i < c->n; i++) idx[i] = i;
  snSortIndex(idx, c->n, idx + c->n, classByStart, c->range);
  classJoin(c, idx, &out);
  snMemFree(idx);
  snMemFree(c->range);
  *c = out;
}

void snRegexClassInvert(RegexClass *c) {
  RegexClass out = {.budget = c->budget};
  u32 lo = 0;
  snRegexClassSort(c);
  if (c->rc) return;
  for (u32 i = 0; i < c->n; i++) {
    if (c->range[i].lo > lo) snRegexClassAdd(&out, lo, c->range[i].lo - 1);
    lo = c->range[i].hi + 1;
  }
  if (lo <= REGEX_TOP) snRegexClassAdd(&out, lo, REGEX_TOP);
  snMemFree(c->range);
  *c = out;
  snRegexClassSort(c);
}

/* Needs a sorted set. */
static bool classHas(const RegexClass *c, u32 n, u32 point) {
  u32 lo = 0, hi = n;
  while (lo < hi) {
    u32 mid = (lo + hi) / 2;
    if (c->range[mid].hi < point) lo = mid + 1;
    else hi = mid;
  }
  return lo < n && c->range[lo].lo <= point;
}

/* ASCII has its own way, since it needs no look at all of Unicode: beside
** it, only the signs of Kelvin and the long s fold into ASCII. */
static void classFoldAscii(RegexClass *c) {
  u32 n = c->n;
  for (u32 x = 'a'; x <= 'z'; x++) {
    if (classHas(c, n, x)) snRegexClassAdd(c, x - 32, x - 32);
    else if (classHas(c, n, x - 32)) snRegexClassAdd(c, x, x);
    else continue;
    if (x == 'k') snRegexClassAdd(c, 0x212a, 0x212a);
    if (x == 's') snRegexClassAdd(c, 0x17f, 0x17f);
  }
}

void snRegexClassFold(RegexClass *c) {
  snRegexClassSort(c);
  if (c->rc || !c->n) return;
  if (c->range[c->n - 1].hi < 0x80) {
    classFoldAscii(c);
    snRegexClassSort(c);
    return;
  }
  for (u32 pass = 0; pass < 2; pass++) { /* the folded ones, then theirs */
    u32 n = c->n;
    for (u32 x = 'A'; x <= REGEX_CASE && !c->rc; x++) {
      u32 fold = snUtfCase(x);
      if (fold == x) continue;
      if (!pass && classHas(c, n, x)) snRegexClassAdd(c, fold, fold);
      if (pass && classHas(c, n, fold)) snRegexClassAdd(c, x, x);
    }
    snRegexClassSort(c);
  }
}

bool snRegexClassCategory(RegexClass *c, const char *name, size_t n) {
  static const char known[] = "C Cc Cf Cn Co Cs L Ll Lm Lo Lt Lu M Mc Me Mn "
      "N Nd Nl No P Pc Pd Pe Pf Pi Po Ps S Sc Sk Sm So Z Zl Zp Zs ";
  char word[4] = {0, ' ', 0, 0};
  if (n < 1 || n > 2) return false;
  memcpy(word, name, n);
  word[n] = ' ';
  if (!strstr(known, word) || strchr(" ", name[0])) return false;
  for (u32 x = 0, end; x <= REGEX_TOP && !c->rc; x = end) {
    const char *is = snUtfCategory(x);
    end = snUtfCategoryEnd(x);
    if (is[0] != name[0] || (n > 1 && is[1] != name[1])) continue;
    snRegexClassAdd(c, x, end - 1);
  }
  return true;
}

/* ---- UTF-8 -------------------------------------------------------------- */

static void classSetByte(u32 bits[8], u32 byte) {
  bits[byte / 32] |= 1u << (byte % 32);
}

/* One of the bytes that `child` follows, for each of n bytes from `first`:
** bytes with the same child share a set. */
static u32 classFan(RegexNodes *t, u32 first, const u32 *child, u32 n) {
  u32 from = t->nlist;
  for (u32 i = 0; i < n; i++) {
    u32 bits[8] = {0}, k;
    bool seen = child[i] == REGEX_E_NONE;
    for (k = 0; k < i && !seen; k++) seen = child[k] == child[i];
    if (seen) continue;
    for (k = i; k < n; k++) {
      if (child[k] == child[i]) classSetByte(bits, first + k);
    }
    snRegexNodePush(t,
        snRegexNodeCat(t, snRegexNodeSet(t, bits), child[i]));
  }
  return snRegexNodeAlt(t, from);
}

/* The last `tail` bytes of the characters from base on that are in c and not
** below `least`. */
static u32 classTail(RegexNodes *t, const RegexClass *c, u32 base, u32 tail,
    u32 least) {
  u32 size = 1u << 6 * tail, child[64], lo = 0, hi = c->n;
  if (t->rc || base + size <= least) return REGEX_E_NONE;
  while (lo < hi) { /* the first range that ends at base or later */
    u32 mid = (lo + hi) / 2;
    if (c->range[mid].hi < base) lo = mid + 1;
    else hi = mid;
  }
  if (lo == c->n || c->range[lo].lo >= base + size) return REGEX_E_NONE;
  if (!tail) return REGEX_E_EMPTY;
  if (base >= least && c->range[lo].lo <= base &&
      c->range[lo].hi >= base + size - 1) { /* all of them */
    child[0] = classTail(t, c, base, tail - 1, least);
    for (u32 i = 1; i < 64; i++) child[i] = child[0];
  } else {
    for (u32 i = 0; i < 64; i++) {
      child[i] = classTail(t, c, base + (i << 6 * (tail - 1)), tail - 1,
          least);
    }
  }
  return classFan(t, 0x80, child, 64);
}

u32 snRegexClassNode(RegexClass *c, RegexNodes *t) {
  u32 from = t->nlist, child[32] = {0}, bits[8] = {0};
  snRegexClassSort(c);
  if (c->rc && !t->rc) t->rc = c->rc;
  if (t->rc) return REGEX_E_NONE;
  for (u32 i = 0; i < c->n && c->range[i].lo < 0x80; i++) {
    u32 hi = SN_MIN(c->range[i].hi, 0x7fu);
    for (u32 x = c->range[i].lo; x <= hi; x++) classSetByte(bits, x);
  }
  snRegexNodePush(t, snRegexNodeSet(t, bits));
  for (u32 i = 2; i < 32; i++) child[i] = classTail(t, c, i << 6, 1, 0);
  snRegexNodePush(t, classFan(t, 0xc0, child, 32));
  for (u32 i = 0; i < 16; i++) child[i] = classTail(t, c, i << 12, 2, 0x800);
  snRegexNodePush(t, classFan(t, 0xe0, child, 16));
  for (u32 i = 0; i < 5; i++) child[i] = classTail(t, c, i << 18, 3, 0x10000);
  snRegexNodePush(t, classFan(t, 0xf0, child, 5));
  return snRegexNodeAlt(t, from);
}

#undef REGEX_TOP
#undef REGEX_CASE
