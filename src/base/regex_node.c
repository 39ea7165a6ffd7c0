/*
** regex_node: expressions over bytes, and what is left of one after a byte.
**
** The derivative of an expression by a byte is the expression of what may
** follow that byte (Brzozowski).  It is taken in Antimirov's way, as a list of
** alternatives "part of the expression, then the rest": so an expression of n
** places without counts, & and ~ has at most n + 1 of them, and the number of
** derivatives that look different is bounded.
**
** (1) A node is a key of a StrSet: equal nodes have one number, and the
**     operands of a node have smaller numbers than it.
** (2) Lists of ALT and AND are sorted, have no node twice, at least two, and
**     none of the list's own kind.
** (3) A count stays a number: x{2,5} derives to x' x{1,4}.  Alternatives
**     x{a,b} y and x{c,d} y whose counts touch become one, and (x{a,b}){c,d}
**     one count where no number is left out: nested counts stay small.
** (4) What recurses goes as deep as the pattern was nested: the rest of a
**     sequence and what follows it are walked by a loop.
** (5) After an error, every function gives REGEX_E_NONE and does nothing.
*/
#include "base/regexInt.h"

#define REGEX_WORK      8000u     /* nodes that one derivative may visit */
#define REGEX_COUNT_MAX (1u << 30)

/* ---- Nodes by content --------------------------------------------------- */

static u32 regexKind(const RegexNodes *t, u32 e) {
  return snRegexNode(t, e)[0];
}

/* Where does a node that is not there yet take the empty text? */
static u8 regexEmptyAt(const RegexNodes *t, const u32 *key, u32 n) {
  u8 at = 0;
  switch (key[0]) {
    case REGEX_EMPTY: return 15;
    case REGEX_BEGIN: return REGEX_AT_BEGIN | REGEX_AT_BOTH;
    case REGEX_END: return REGEX_AT_END | REGEX_AT_BOTH;
    case REGEX_CAT: return t->empty[key[1]] & t->empty[key[2]];
    case REGEX_REPEAT: return key[2] ? t->empty[key[1]] : 15;
    case REGEX_NOT: return t->empty[key[1]] ^ 15;
    case REGEX_GROUP: return t->empty[key[1]];
    case REGEX_ALT:
      for (u32 i = 1; i < n; i++) at |= t->empty[key[i]];
      return at;
    case REGEX_AND:
      for (at = 15; --n;) at &= t->empty[key[n]];
      return at;
    default: return 0;
  }
}

static u32 regexIntern(RegexNodes *t, const u32 *key, u32 n) {
  u32 e;
  if (t->rc) return REGEX_E_NONE;
  e = snStrSetAdd(&t->set, key, n * 4);
  t->rc = t->set.rc;
  if (t->rc || e < t->nempty) return t->rc ? REGEX_E_NONE : e;
  t->rc = snMemGrow(t->set.budget, &t->empty, &t->empty_cap, e + 1ull, 1);
  if (t->rc) return REGEX_E_NONE;
  t->empty[e] = regexEmptyAt(t, key, n);
  t->nempty = e + 1;
  return e;
}

void snRegexNodesInit(RegexNodes *t, Budget *b) {
  static const u32 first[][2] = {{REGEX_NONE, 0}, {REGEX_EMPTY, 0},
      {REGEX_NOT, REGEX_E_NONE}, {REGEX_BEGIN, 0}, {REGEX_END, 0}};
  memset(t, 0, sizeof *t);
  snStrSetInit(&t->set, b);
  for (u32 i = 0; i < SN_COUNT(first); i++) {
    (void)regexIntern(t, first[i], first[i][0] == REGEX_NOT ? 2 : 1);
  }
}

void snRegexNodesClear(RegexNodes *t) {
  snStrSetClear(&t->set);
  snMemFree(t->empty);
  snMemFree(t->list);
  snMemFree(t->tmp);
  memset(t, 0, sizeof *t);
}

u32 snRegexNodeSet(RegexNodes *t, const u32 bits[8]) {
  u32 key[9] = {REGEX_SET}, any = 0;
  for (u32 i = 0; i < 8; i++) any |= key[i + 1] = bits[i];
  return any ? regexIntern(t, key, 9) : REGEX_E_NONE;
}

u32 snRegexNodeCat(RegexNodes *t, u32 a, u32 b) {
  u32 key[3] = {REGEX_CAT, a, b};
  if (t->rc || a == REGEX_E_NONE || b == REGEX_E_NONE) return REGEX_E_NONE;
  if (a == REGEX_E_EMPTY) return b;
  if (b == REGEX_E_EMPTY) return a;
  if (a == REGEX_E_ALL) {
    const u32 *next = snRegexNode(t, b);
    if (b == REGEX_E_ALL) return b;
    if (next[0] == REGEX_CAT && next[1] == REGEX_E_ALL) return b;
  }
  return regexIntern(t, key, 3);
}

u32 snRegexNodeNot(RegexNodes *t, u32 a) {
  u32 key[2] = {REGEX_NOT, a};
  if (t->rc) return REGEX_E_NONE;
  if (regexKind(t, a) == REGEX_NOT) return snRegexNode(t, a)[1];
  return regexIntern(t, key, 2);
}

u32 snRegexNodeGroup(RegexNodes *t, u32 a, u32 number) {
  u32 key[3] = {REGEX_GROUP, a, number};
  return t->rc || a == REGEX_E_NONE ? REGEX_E_NONE : regexIntern(t, key, 3);
}

/* ---- Counts ------------------------------------------------------------- */

/* (x{a,b}){c,d} is x{ac,bd} when the counts of n and n + 1 rounds touch for
** every n: they do if those of c and c + 1 do. */
static bool regexCountsJoin(const u32 *inner, u32 *min, u32 *max) {
  u64 a = inner[2], b = inner[3], c = *min, d = *max;
  bool endless = b == REGEX_INF || d == REGEX_INF;
  if (c < d && a * (c + 1) > (c && b == REGEX_INF ? UINT64_MAX : b * c + 1)) {
    return false;
  }
  if (a * c > REGEX_COUNT_MAX || (!endless && b * d > REGEX_COUNT_MAX)) {
    return false;
  }
  *min = (u32)(a * c);
  *max = endless ? REGEX_INF : (u32)(b * d);
  return true;
}

u32 snRegexNodeRepeat(RegexNodes *t, u32 a, u32 min, u32 max) {
  u32 key[4] = {REGEX_REPEAT};
  if (t->rc) return REGEX_E_NONE;
  if (!max || a == REGEX_E_EMPTY) return REGEX_E_EMPTY;
  if (a == REGEX_E_NONE) return min ? REGEX_E_NONE : REGEX_E_EMPTY;
  if (a == REGEX_E_ALL) return a;
  if (t->empty[a] & REGEX_AT_MID) min = 0;
  if (regexKind(t, a) == REGEX_REPEAT) {
    const u32 *inner = snRegexNode(t, a);
    if (regexCountsJoin(inner, &min, &max)) a = inner[1];
  }
  if (min == 1 && max == 1) return a;
  key[1] = a;
  key[2] = min;
  key[3] = max;
  return regexIntern(t, key, 4);
}

/* ---- Lists -------------------------------------------------------------- */

void snRegexNodePush(RegexNodes *t, u32 e) {
  if (!t->rc) {
    t->rc = snMemGrow(t->set.budget, &t->list, &t->list_cap, t->nlist + 1ull,
        4);
  }
  if (!t->rc) t->list[t->nlist++] = e;
}

static int regexByNumber(void *arg, u32 a, u32 b) {
  (void)arg;
  return (a > b) - (a < b);
}

static void regexSort(RegexNodes *t, u32 from,
    int (*cmp)(void *, u32, u32)) {
  u32 n = t->nlist - from;
  t->rc = snMemGrow(t->set.budget, &t->tmp, &t->tmp_cap, n, 4);
  if (!t->rc && n) snSortIndex(t->list + from, n, t->tmp, cmp, t);
}

/* Sorted, without doubles. */
static void regexUnique(RegexNodes *t, u32 from) {
  u32 to = from;
  regexSort(t, from, regexByNumber);
  if (t->rc) return;
  for (u32 i = from; i < t->nlist; i++) {
    if (i == from || t->list[i] != t->list[to - 1]) {
      t->list[to++] = t->list[i];
    }
  }
  t->nlist = to;
}

/* Lists of the same kind are taken apart. */
static void regexFlatten(RegexNodes *t, u32 from, u32 kind) {
  u32 end = t->nlist;
  for (u32 i = from; i < end && !t->rc; i++) {
    u32 e = t->list[i], n;
    if (regexKind(t, e) != kind) continue;
    n = snRegexKids(t, e);
    t->list[i] = snRegexNode(t, e)[1];
    for (u32 k = 2; k <= n; k++) snRegexNodePush(t, snRegexNode(t, e)[k]);
  }
}

/* Sets of bytes become one: their union for ALT, else what is in all. */
static void regexJoinSets(RegexNodes *t, u32 from, u32 kind) {
  u32 bits[8], to = from, seen = 0;
  for (u32 i = from; i < t->nlist; i++) {
    const u32 *key = snRegexNode(t, t->list[i]);
    if (key[0] != REGEX_SET) {
      t->list[to++] = t->list[i];
      continue;
    }
    if (!seen++) memcpy(bits, key + 1, sizeof bits);
    for (u32 w = 0; w < 8; w++) {
      bits[w] = kind == REGEX_ALT ? bits[w] | key[w + 1]
                                  : bits[w] & key[w + 1];
    }
  }
  t->nlist = to;
  if (seen) snRegexNodePush(t, snRegexNodeSet(t, bits));
}

/* What is left of from, or the list's node. */
static u32 regexList(RegexNodes *t, u32 from, u32 kind, u32 none) {
  u32 n = t->nlist - from, e = none;
  if (n == 1) e = t->list[from];
  t->nlist = from;
  if (n < 2 || t->rc) return t->rc ? REGEX_E_NONE : e;
  t->nlist = from + n;
  snRegexNodePush(t, kind); /* the key has it in front */
  if (t->rc) return REGEX_E_NONE;
  memmove(t->list + from + 1, t->list + from, n * sizeof *t->list);
  t->list[from] = kind;
  t->nlist = from;
  return regexIntern(t, t->list + from, n + 1);
}

/* A count in front, and what follows it. */
static const u32 *regexCounted(const RegexNodes *t, u32 e, u32 *rest) {
  const u32 *key = snRegexNode(t, e);
  *rest = REGEX_E_EMPTY;
  if (key[0] == REGEX_CAT) {
    *rest = key[2];
    key = snRegexNode(t, key[1]);
  }
  return key[0] == REGEX_REPEAT ? key : NULL;
}

static int regexByCount(void *arg, u32 a, u32 b) {
  u32 ra, rb;
  const u32 *x = regexCounted(arg, a, &ra), *y = regexCounted(arg, b, &rb);
  if (x[1] != y[1]) return x[1] < y[1] ? -1 : 1;
  if (ra != rb) return ra < rb ? -1 : 1;
  return (x[2] > y[2]) - (x[2] < y[2]);
}

/* Invariant (3): x{a,b} y | x{c,d} y.  true: the list is out of order. */
static bool regexJoinCounts(RegexNodes *t, u32 from) {
  u32 mid = t->nlist, to, rest, next;
  for (u32 i = from; i < mid;) { /* counted ones go to the end */
    u32 e = t->list[i];
    if (!regexCounted(t, e, &rest)) {
      i++;
      continue;
    }
    t->list[i] = t->list[--mid];
    t->list[mid] = e;
  }
  if (t->nlist - mid < 2) return mid < t->nlist;
  regexSort(t, mid, regexByCount);
  if (t->rc) return true;
  to = mid;
  for (u32 i = mid; i < t->nlist;) {
    const u32 *x = regexCounted(t, t->list[i], &rest), *y;
    u32 e = t->list[i], a = x[1], min = x[2], max = x[3], joined = 0;
    for (i++; i < t->nlist; i++, joined++) {
      y = regexCounted(t, t->list[i], &next);
      if (y[1] != a || next != rest) break;
      if (max != REGEX_INF && y[2] > max + 1) break;
      max = SN_MAX(max, y[3]);
    }
    if (joined) {
      e = snRegexNodeCat(t, snRegexNodeRepeat(t, a, min, max), rest);
    }
    t->list[to++] = e;
  }
  t->nlist = to;
  return true;
}

u32 snRegexNodeAlt(RegexNodes *t, u32 from) {
  u32 to = from;
  bool whole = false;
  if (t->rc) return REGEX_E_NONE;
  if (t->nlist - from == 1) return t->list[t->nlist = from];
  regexFlatten(t, from, REGEX_ALT);
  regexJoinSets(t, from, REGEX_ALT);
  if (!t->rc) regexUnique(t, from);
  if (!t->rc && regexJoinCounts(t, from) && !t->rc) regexUnique(t, from);
  if (t->rc) return REGEX_E_NONE;
  for (u32 i = from; i < t->nlist; i++) {
    u32 e = t->list[i];
    if (e == REGEX_E_ALL) {
      t->nlist = from;
      return e;
    }
    if (e != REGEX_E_EMPTY && t->empty[e] == 15) whole = true;
  }
  for (u32 i = from; i < t->nlist; i++) {
    u32 e = t->list[i];
    if (e == REGEX_E_NONE || (whole && e == REGEX_E_EMPTY)) continue;
    t->list[to++] = e;
  }
  t->nlist = to;
  return regexList(t, from, REGEX_ALT, REGEX_E_NONE);
}

u32 snRegexNodeAnd(RegexNodes *t, u32 from) {
  u32 to = from;
  bool none = false, empty = false, all_empty = true;
  if (t->rc) return REGEX_E_NONE;
  regexFlatten(t, from, REGEX_AND);
  regexJoinSets(t, from, REGEX_AND);
  if (!t->rc) regexUnique(t, from);
  if (t->rc) return REGEX_E_NONE;
  for (u32 i = from; i < t->nlist; i++) {
    u32 e = t->list[i];
    if (e == REGEX_E_NONE) none = true;
    if (e == REGEX_E_EMPTY) empty = true;
    if (!(t->empty[e] & REGEX_AT_MID)) all_empty = false;
    if (e != REGEX_E_ALL) t->list[to++] = e;
  }
  t->nlist = to;
  if (!none && !empty) return regexList(t, from, REGEX_AND, REGEX_E_ALL);
  t->nlist = from;
  return !none && all_empty ? REGEX_E_EMPTY : REGEX_E_NONE;
}

u32 snRegexNodeSeq(RegexNodes *t, u32 from) {
  u32 e = REGEX_E_EMPTY;
  if (t->rc) return REGEX_E_NONE;
  while (t->nlist > from) e = snRegexNodeCat(t, t->list[--t->nlist], e);
  return e;
}

/* ---- Derivatives -------------------------------------------------------- */

typedef struct RegexStep {
  RegexNodes *t;
  u32 at;   /* REGEX_AT_MID or REGEX_AT_BEGIN */
  u8 byte;
} RegexStep;

static bool regexHas(const u32 *set, u8 byte) {
  return set[1 + byte / 32] >> (byte % 32) & 1;
}

static void regexDerive(const RegexStep *s, u32 e, u32 rest);

/* NOT and AND are derived as a whole, and the rest follows. */
static void regexDeriveWhole(const RegexStep *s, u32 e, u32 rest) {
  RegexNodes *t = s->t;
  u32 from = t->nlist, n, k;
  if (e == REGEX_E_ALL) {
    snRegexNodePush(t, snRegexNodeCat(t, e, rest));
    return;
  }
  if (regexKind(t, e) == REGEX_NOT) {
    regexDerive(s, snRegexNode(t, e)[1], REGEX_E_EMPTY);
    e = snRegexNodeNot(t, snRegexNodeAlt(t, from));
  } else {
    n = snRegexKids(t, e);
    for (k = 1; k <= n && !t->rc; k++) {
      u32 own = t->nlist, d;
      regexDerive(s, snRegexNode(t, e)[k], REGEX_E_EMPTY);
      d = snRegexNodeAlt(t, own);
      snRegexNodePush(t, d);
    }
    e = snRegexNodeAnd(t, from);
  }
  if (e != REGEX_E_NONE) snRegexNodePush(t, snRegexNodeCat(t, e, rest));
}

/* Pushes the derivatives of "e, then rest" that begin in e. */
static void regexDerive(const RegexStep *s, u32 e, u32 rest) {
  RegexNodes *t = s->t;
  for (;;) {
    const u32 *key;
    u32 n;
    if (!t->rc && ++t->work > REGEX_WORK) t->rc = SEINE_TOOBIG;
    if (t->rc) return;
    key = snRegexNode(t, e);
    switch (key[0]) {
      case REGEX_SET:
        if (regexHas(key, s->byte)) snRegexNodePush(t, rest);
        return;
      case REGEX_CAT: {
        const u32 *first = snRegexNode(t, key[1]);
        if (first[0] != REGEX_SET || regexHas(first, s->byte)) {
          regexDerive(s, key[1], snRegexNodeCat(t, key[2], rest));
        }
        if (t->rc || !(t->empty[key[1]] & s->at)) return;
        e = key[2];
        continue;
      }
      case REGEX_REPEAT: {
        /* An empty round is no round: it may stand for those that must. */
        u32 min = t->empty[key[1]] & s->at || !key[2] ? 0 : key[2] - 1;
        u32 max = key[3] == REGEX_INF ? REGEX_INF : key[3] - 1;
        u32 more = snRegexNodeRepeat(t, key[1], min, max);
        rest = snRegexNodeCat(t, more, rest);
        e = key[1];
        continue;
      }
      case REGEX_ALT:
        n = snRegexKids(t, e);
        for (u32 k = 1; k <= n; k++) regexDerive(s, key[k], rest);
        return;
      case REGEX_GROUP: e = key[1]; continue;
      case REGEX_AND:
      case REGEX_NOT: regexDeriveWhole(s, e, rest); return;
      default: return;
    }
  }
}

u32 snRegexNodeDerive(RegexNodes *t, u32 e, u8 byte, u32 at) {
  RegexStep s = {t, at, byte};
  u32 from = t->nlist;
  t->work = 0;
  regexDerive(&s, e, REGEX_E_EMPTY);
  return snRegexNodeAlt(t, from);
}

/* ---- Forgetting --------------------------------------------------------- */

/* First and last operand of a key that are nodes. */
static void regexOperands(const u32 *key, u32 words, u32 *from, u32 *to) {
  *from = 1;
  switch (key[0]) {
    case REGEX_CAT: *to = 3; break;
    case REGEX_REPEAT: case REGEX_GROUP: *to = 2; break;
    case REGEX_NOT: case REGEX_ALT: case REGEX_AND: *to = words; break;
    default: *to = 1;
  }
}

/* Numbers only shrink and keep their order, so lists stay sorted. */
static int regexCopy(RegexNodes *t, StrSet *to, u32 id, u32 *moved) {
  u32 words = t->set.refs[id].n / 4, from, end, e;
  int rc = snMemGrow(t->set.budget, &t->tmp, &t->tmp_cap, words, 4);
  if (rc) return rc;
  memcpy(t->tmp, t->set.refs[id].p, words * sizeof *t->tmp);
  regexOperands(t->tmp, words, &from, &end);
  for (; from < end; from++) t->tmp[from] = moved[t->tmp[from]];
  e = snStrSetAdd(to, t->tmp, words * 4);
  if (to->rc) return to->rc;
  t->empty[e] = t->empty[id];
  moved[id] = e;
  return SEINE_OK;
}

u32 snRegexNodesKeep(RegexNodes *t, u32 base, u32 e) {
  u32 n = t->set.n, *moved, from, end;
  StrSet to;
  snStrSetInit(&to, t->set.budget);
  if (t->rc) return REGEX_E_NONE;
  moved = snMemZero(t->set.budget, n * sizeof *moved);
  if (!moved) {
    t->rc = SN_NOMEM;
    return REGEX_E_NONE;
  }
  moved[e] = 1; /* used; a number later */
  for (u32 i = n; i-- > base;) {
    const u32 *key = snRegexNode(t, i);
    if (!moved[i]) continue;
    regexOperands(key, t->set.refs[i].n / 4, &from, &end);
    for (; from < end; from++) moved[key[from]] = 1;
  }
  for (u32 i = 0; i < n && !t->rc; i++) {
    if (i < base || moved[i]) t->rc = regexCopy(t, &to, i, moved);
  }
  e = moved[e];
  snMemFree(moved);
  if (t->rc) {
    snStrSetClear(&to);
    return REGEX_E_NONE;
  }
  snStrSetClear(&t->set);
  t->set = to;
  t->nempty = to.n;
  return e;
}

#undef REGEX_WORK
#undef REGEX_COUNT_MAX
