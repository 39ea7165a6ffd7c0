/*
** regex: does a text match a pattern, and where?  An automaton whose states
** are expressions, made as the text asks for them.
**
** (1) A state is an expression; where a byte leads is its derivative, taken
**     once for each class of bytes and then looked up.  So a text of n bytes
**     costs n look-ups, and at most as many derivatives, each of bounded
**     work: there is no pattern that takes more.
** (2) State 0 is dead, 1 is sure, START is the text's begin: it alone lets ^
**     match.
** (3) Full is: as many states, or bytes of tables and expressions, as are
**     kept.  A match drops all but START and the state it is in and goes on.
**     A walk, whose states its caller holds, fails.
** (4) Nodes below `base` are those of the pattern; they are never dropped.
** (5) A scan tries each place in turn, and goes on behind a match.  What a
**     try has seen there leads to no other one: the next try ends when it
**     comes to the same place in the same state.  So nearly all patterns take
**     time in proportion to the text; for the others steps are counted.
** (6) What says stop says so of one text: the Regex stays good, and another
**     text may be asked for.
** (7) A state of a scan may stand in the middle of the text or at its end,
**     which is why accepts[] does not tell it: the expression does.
*/
#include "base/regexInt.h"

#define REGEX_BYTES  (8u << 20)  /* of the table, of expressions */
#define REGEX_START  2u
#define REGEX_SHORT  256u        /* texts of so many bytes: no tries kept */
#define REGEX_STEPS(n) (65536u + 64u * (u64)(n))

typedef struct RegexDfa {
  Regex head;
  RegexNodes nodes;
  u32 *expr;            /* by state, */
  u8 *empty;            /* ... and where that takes the empty text */
  u32 *state_of;        /* by node: state + 1, or 0 */
  u32 n, expr_cap, empty_cap, accepts_cap, next_cap;
  u32 nstate_of, state_of_cap;
  u32 root, base;
  u32 most;             /* states */
  u32 start_at;         /* REGEX_AT_BEGIN when a ^ may match at START */
  u32 *lost;            /* by place: invariant (5), 0 for none */
  u32 lost_cap;
  Buf places;           /* where parts may end, as bits: a stack */
  const volatile int *stop;
  bool *grouped;        /* by node of the pattern: is a group in it? */
} RegexDfa;

static RegexDfa *regexDfa(Regex *r) {
  return (RegexDfa *)(void *)r;
}

/* ---- States ------------------------------------------------------------- */

static u32 regexStateAdd(RegexDfa *d, u32 e) {
  Budget *b = d->nodes.set.budget;
  u32 s = d->n, nclass = d->head.nclass;
  u64 cells = (s + 1ull) * nclass;
  u8 end = s == REGEX_START ? REGEX_AT_BOTH : REGEX_AT_END;
  int rc = snMemGrow(b, &d->expr, &d->expr_cap, s + 1ull, 4);
  if (!rc) rc = snMemGrow(b, &d->empty, &d->empty_cap, s + 1ull, 1);
  if (!rc) rc = snMemGrow(b, &d->head.accepts, &d->accepts_cap, s + 1ull, 1);
  if (!rc) rc = snMemGrow(b, &d->head.next, &d->next_cap, cells, 4);
  if (rc) {
    d->head.rc = rc;
    return REGEX_DEAD;
  }
  d->expr[s] = e;
  d->empty[s] = d->nodes.empty[e];
  d->head.accepts[s] = (d->nodes.empty[e] & end) != 0;
  memset(d->head.next + (size_t)s * nclass, 0xff, nclass * sizeof(u32));
  d->n++;
  return s;
}

/* The state of an expression somewhere behind the begin. */
static u32 regexStateOf(RegexDfa *d, u32 e) {
  u32 n = d->nstate_of, s;
  if (e >= n) {
    d->head.rc = snMemGrow(d->nodes.set.budget, &d->state_of,
        &d->state_of_cap, d->nodes.set.n, 4);
    if (d->head.rc) return REGEX_DEAD;
    d->nstate_of = d->nodes.set.n;
    memset(d->state_of + n, 0, (d->nstate_of - n) * sizeof *d->state_of);
  }
  if (d->state_of[e]) return d->state_of[e] - 1;
  s = regexStateAdd(d, e);
  if (!d->head.rc) d->state_of[e] = s + 1;
  return s;
}

/* The three states that are always there. */
static int regexFirst(RegexDfa *d) {
  d->n = d->nstate_of = 0;
  (void)regexStateOf(d, REGEX_E_NONE);
  if (!d->head.rc) (void)regexStateOf(d, REGEX_E_ALL);
  if (!d->head.rc) (void)regexStateAdd(d, d->root);
  if (d->head.rc || d->start_at == REGEX_AT_BEGIN) return d->head.rc;
  if (!d->state_of[d->root]) d->state_of[d->root] = REGEX_START + 1;
  return SEINE_OK;
}

/* Is a part (1 of so many) of what may be kept in use? */
static bool regexOver(const RegexDfa *d, u32 part) {
  return d->n >= d->most / part ||
      (u64)d->n * d->head.nclass * sizeof(u32) > REGEX_BYTES / part ||
      d->nodes.set.bytes.used > REGEX_BYTES / part;
}

static bool regexFull(const RegexDfa *d) {
  return regexOver(d, 1);
}

u32 snRegexMake(Regex *r, u32 state, u8 byte) {
  RegexDfa *d = regexDfa(r);
  u32 e, to;
  if (!r->rc && regexFull(d)) r->rc = SEINE_TOOBIG;
  if (r->rc) return REGEX_DEAD;
  e = snRegexNodeDerive(&d->nodes, d->expr[state], byte,
      state == REGEX_START ? d->start_at : REGEX_AT_MID);
  r->rc = d->nodes.rc;
  to = r->rc ? REGEX_DEAD : regexStateOf(d, e);
  if (r->rc) return REGEX_DEAD;
  r->next[state * r->nclass + r->class_of[byte]] = to;
  return to;
}

/* Invariant (3): the new number of the state. */
static u32 regexForget(RegexDfa *d, u32 state) {
  u32 e = snRegexNodesKeep(&d->nodes, d->base, d->expr[state]);
  d->head.rc = d->nodes.rc;
  if (d->head.rc || regexFirst(d)) return REGEX_DEAD;
  return state == REGEX_START ? state : regexStateOf(d, e);
}

/* ---- Classes of bytes --------------------------------------------------- */

/* Two bytes are the same when they are in the same sets. */
static void regexClasses(RegexDfa *d) {
  Regex *r = &d->head;
  r->nclass = 1;
  for (u32 e = 0; e < d->nodes.set.n; e++) {
    const u32 *key = snRegexNode(&d->nodes, e);
    u16 inside[256];
    u32 was = r->nclass, left[256] = {0};
    if (key[0] != REGEX_SET) continue;
    memset(inside, 0xff, sizeof inside);
    for (u32 b = 0; b < 256; b++) {
      if (!(key[1 + b / 32] >> (b % 32) & 1)) left[r->class_of[b]]++;
    }
    for (u32 b = 0; b < 256; b++) {
      u32 c = r->class_of[b];
      if (!(key[1 + b / 32] >> (b % 32) & 1)) continue;
      if (c >= was || !left[c]) continue; /* the whole class is in it */
      if (inside[c] == UINT16_MAX) inside[c] = (u16)r->nclass++;
      r->class_of[b] = (u8)inside[c];
    }
  }
}

/* Operands have smaller numbers than their node. */
static int regexGrouped(RegexDfa *d) {
  d->grouped = snMemZero(d->nodes.set.budget, d->base * sizeof *d->grouped);
  if (!d->grouped) return SN_NOMEM;
  for (u32 e = 0; e < d->base; e++) {
    const u32 *key = snRegexNode(&d->nodes, e);
    u32 n = key[0] == REGEX_ALT || key[0] == REGEX_AND
        ? snRegexKids(&d->nodes, e) : key[0] == REGEX_CAT ? 2
        : key[0] == REGEX_REPEAT || key[0] == REGEX_NOT;
    d->grouped[e] = key[0] == REGEX_GROUP;
    for (u32 k = 1; k <= n; k++) d->grouped[e] |= d->grouped[key[k]];
  }
  return SEINE_OK;
}

/* ---- Door --------------------------------------------------------------- */

int snRegexNew(Budget *b, const char *p, size_t n, u32 flags, Regex **out,
    char message[REGEX_MESSAGE], u32 *at) {
  RegexDfa *d = snMemZero(b, sizeof *d);
  int rc;
  *out = NULL;
  *at = 0;
  message[0] = 0;
  if (!d) return SN_NOMEM;
  d->most = (u32)snLimit(b, SEINE_LIMIT_AUTOMATON);
  d->stop = snMemStop(b);
  snRegexNodesInit(&d->nodes, b);
  snBufInit(&d->places, b);
  rc = d->nodes.rc;
  if (!rc) rc = snRegexParse(&d->nodes, p, n, flags, &d->root,
      &d->head.ngroup, message, at);
  if (!rc) {
    d->base = d->nodes.set.n;
    d->start_at = d->nodes.begins ? REGEX_AT_BEGIN : REGEX_AT_MID;
    regexClasses(d);
    rc = regexFirst(d);
    if (!rc && d->head.ngroup) rc = regexGrouped(d);
  }
  if (rc) snRegexFree(&d->head);
  else *out = &d->head;
  return rc;
}

void snRegexFree(Regex *r) {
  RegexDfa *d = r ? regexDfa(r) : NULL;
  if (!d) return;
  snRegexNodesClear(&d->nodes);
  snMemFree(d->expr);
  snMemFree(d->empty);
  snMemFree(d->state_of);
  snMemFree(d->lost);
  snMemFree(d->grouped);
  snBufClear(&d->places);
  snMemFree(d->head.accepts);
  snMemFree(d->head.next);
  snMemFree(d);
}

u32 snRegexStart(const Regex *r) {
  const RegexDfa *d = (const RegexDfa *)(const void *)r;
  if (d->root == REGEX_E_NONE) return REGEX_DEAD;
  return d->root == REGEX_E_ALL ? REGEX_SURE : REGEX_START;
}

/* From a state on over [p, end). */
static u32 regexWalk(RegexDfa *d, u32 state, const u8 *p, const u8 *end) {
  Regex *r = &d->head;
  for (; p < end && state > REGEX_SURE; p++) {
    u32 to = r->next[state * r->nclass + r->class_of[*p]];
    if (SN_UNLIKELY(to == REGEX_UNKNOWN)) {
      if (regexFull(d)) state = regexForget(d, state);
      to = snRegexMake(r, state, *p);
    }
    state = to;
  }
  return state;
}

int snRegexMatch(Regex *r, const void *text, size_t n, bool *out) {
  RegexDfa *d = regexDfa(r);
  const u8 *p = text;
  u32 state = snRegexStart(r);
  *out = false;
  for (; n > SN_STRIDE && state > REGEX_SURE; n -= SN_STRIDE) {
    if (snStops(d->stop)) return SEINE_INTERRUPT;
    state = regexWalk(d, state, p, p + SN_STRIDE);
    p += SN_STRIDE;
  }
  if (n) state = regexWalk(d, state, p, p + n);
  if (!r->rc) *out = snRegexAccepts(r, state);
  return r->rc;
}

/* ---- Where: scans ------------------------------------------------------- */

/* Which bit tells of the empty text at a place? */
static u32 regexPlace(u32 at, u32 n) {
  if (!at) return n ? REGEX_AT_BEGIN : REGEX_AT_BOTH;
  return at == n ? REGEX_AT_END : REGEX_AT_MID;
}

int snRegexScan(RegexScan *s, Regex *r, const void *text, u32 n) {
  RegexDfa *d = regexDfa(r);
  if (r->rc == SEINE_TOOBIG) {
    r->rc = d->nodes.rc = SEINE_OK;
    d->nodes.nlist = 0;
    (void)regexForget(d, REGEX_START);
  }
  *s = (RegexScan){.r = r, .text = text, .n = n, .work = REGEX_STEPS(n)};
  if (n <= REGEX_SHORT || r->rc) return r->rc;
  return snMemGrow(d->nodes.set.budget, &d->lost, &d->lost_cap, n + 1ull,
      sizeof *d->lost);
}

/* Tries have seen nothing of what begins at s->clear. */
static void regexScanClear(RegexScan *s) {
  RegexDfa *d = regexDfa(s->r);
  u32 n = SN_MIN(SN_STRIDE, s->n - s->clear);
  memset(d->lost + s->clear, 0, n * sizeof *d->lost);
  s->clear += n;
}

/* One step more; now and then it looks whether to stop, which is as if there
** were none left. */
static inline void regexScanWork(RegexScan *s) {
  if (SN_LIKELY(--s->work % SN_STRIDE)) return;
  s->stopped = snStops(regexDfa(s->r)->stop);
  if (s->stopped) s->work = 0;
}

static int regexScanEnd(const RegexScan *s) {
  return s->stopped ? SEINE_INTERRUPT : SEINE_TOOBIG;
}

/* Invariant (3): states have other numbers afterwards. */
static u32 regexScanForget(RegexScan *s, u32 state) {
  RegexDfa *d = regexDfa(s->r);
  if (s->n > REGEX_SHORT) memset(d->lost, 0, s->clear * sizeof *d->lost);
  return regexForget(d, state);
}

static u32 regexScanStep(RegexScan *s, u32 state, u8 byte) {
  u32 to = s->r->next[state * s->r->nclass + s->r->class_of[byte]];
  if (SN_LIKELY(to != REGEX_UNKNOWN)) return to;
  if (regexFull(regexDfa(s->r))) state = regexScanForget(s, state);
  return snRegexMake(s->r, state, byte);
}

static u32 regexScanStart(RegexDfa *d, u32 at) {
  if (!at || d->start_at != REGEX_AT_BEGIN) return snRegexStart(&d->head);
  return regexStateOf(d, d->root);
}

/* The end of the longest match that begins at a place, or the place. */
static u32 regexScanTry(RegexScan *s, u32 from) {
  RegexDfa *d = regexDfa(s->r);
  u32 *lost = s->n > REGEX_SHORT ? d->lost : NULL;
  u32 state = regexScanStart(d, from), end = from;
  for (u32 at = from; at < s->n && state != REGEX_DEAD && s->work; at++) {
    if (lost) {
      if (at >= s->clear) regexScanClear(s);
      if (lost[at] == state) break;
      lost[at] = state;
    }
    regexScanWork(s);
    state = regexScanStep(s, state, s->text[at]);
    if (d->empty[state] & regexPlace(at + 1, s->n)) end = at + 1;
    if (state == REGEX_SURE) return s->n;
  }
  return end;
}

int snRegexScanNext(RegexScan *s) {
  s->found = false;
  for (u32 at = s->at; at < s->n && !s->r->rc; at++) {
    if (at && (s->text[at] & 0xc0) == 0x80) continue;
    u32 end = regexScanTry(s, at);
    if (at % SN_STRIDE == 0 && snStops(regexDfa(s->r)->stop))
      return SEINE_INTERRUPT;
    if (!s->work) return regexScanEnd(s);
    if (end == at || s->r->rc) continue;
    s->found = true;
    s->from = at;
    s->at = s->to = end;
    break;
  }
  return s->r->rc;
}

/* ---- Groups ------------------------------------------------------------- */

/* From a state on over [at, to): the last state, or DEAD. */
static u32 regexPartGo(RegexScan *s, u32 state, u32 at, u32 to) {
  for (; at < to && state != REGEX_DEAD && s->work; at++) {
    regexScanWork(s);
    state = snRegexStep(s->r, state, s->text[at]);
  }
  return at < to ? REGEX_DEAD : state;
}

/* Runs an expression over [from, to): does it match that?  places: bits of
** all ends it could have, counted from `from`; or NULL. */
static bool regexPartRun(RegexScan *s, u32 e, u32 from, u32 to, u8 *places) {
  RegexDfa *d = regexDfa(s->r);
  u32 state, at = from;
  bool yes = d->nodes.empty[e] & regexPlace(at, s->n);
  if (yes && places) places[0] |= 1;
  if (from < to && !from && d->start_at == REGEX_AT_BEGIN) {
    e = snRegexNodeDerive(&d->nodes, e, s->text[at++], REGEX_AT_BEGIN);
    s->r->rc = d->nodes.rc;
    yes = !s->r->rc && d->nodes.empty[e] & regexPlace(at, s->n);
    if (yes && places) places[(at - from) / 8] |= (u8)(1u << (at - from) % 8);
  }
  if (at == to || s->r->rc) return yes;
  state = regexStateOf(d, e);
  for (; places && at < to && state != REGEX_DEAD && s->work; at++) {
    u32 k = at + 1 - from;
    state = regexPartGo(s, state, at, at + 1);
    if (d->empty[state] & regexPlace(at + 1, s->n))
      places[k / 8] |= (u8)(1u << k % 8);
  }
  state = regexPartGo(s, state, at, to);
  return !s->r->rc && d->empty[state] & regexPlace(to, s->n);
}

/* Is there but one place among n bytes of bits, of which the last is not 0? */
static bool regexPartIsSure(const u8 *bits, size_t n) {
  for (size_t i = 0; i + 1 < n; i++)
    if (bits[i]) return false;
  return n && !(bits[n - 1] & (bits[n - 1] - 1));
}

/* The greatest place up to which `a` may go, so that b goes on to the end: as
** both together match all of it, the only place that there is needs no look at
** b. */
static bool regexPartCut(RegexScan *s, u32 a, u32 b, RegexSpan in, u32 *out) {
  RegexDfa *d = regexDfa(s->r);
  size_t top = d->places.n, n = (in.to - in.from) / 8 + 1;
  bool found = false, sure;
  u8 *bits = snBufSpace(&d->places, n);
  if (!bits) {
    s->r->rc = d->places.rc;
    return false;
  }
  memset(bits, 0, n);
  (void)regexPartRun(s, a, in.from, in.to, bits);
  s->work -= SN_MIN(s->work, n);
  while (n && !bits[n - 1]) n--;
  sure = regexPartIsSure(bits, n);
  for (u32 m = SN_MIN((u32)n * 8, in.to - in.from + 1);
      m-- > 0 && !found && !s->r->rc;) {
    if (!(bits[m / 8] >> m % 8 & 1)) continue;
    *out = in.from + m;
    found = sure || regexPartRun(s, b, *out, in.to, NULL);
  }
  d->places.n = top;
  return found;
}

static void regexPartGroups(RegexScan *s, u32 e, RegexSpan in,
    RegexSpan *group);

/* Rounds of a count, each as long as it can be; an empty one ends them. */
static void regexPartRounds(RegexScan *s, u32 e, RegexSpan in,
    RegexSpan *group) {
  RegexNodes *t = &regexDfa(s->r)->nodes;
  u32 a = snRegexNode(t, e)[1], min = snRegexNode(t, e)[2];
  u32 max = snRegexNode(t, e)[3], m;
  do {
    min -= min > 0;
    max -= max != REGEX_INF;
    u32 more = snRegexNodeRepeat(t, a, min, max);
    if (t->rc) s->r->rc = t->rc;
    if (s->r->rc || !regexPartCut(s, a, more, in, &m)) return;
    regexPartGroups(s, a, (RegexSpan){in.from, m}, group);
    if (m == in.from) return;
    in.from = m;
  } while (in.from < in.to);
}

/* The expression matches [in.from, in.to): how do its groups?  As deep as the
** pattern is nested. */
static void regexPartGroups(RegexScan *s, u32 e, RegexSpan in,
    RegexSpan *group) {
  RegexNodes *t = &regexDfa(s->r)->nodes;
  while (!s->r->rc && regexDfa(s->r)->grouped[e]) {
    const u32 *key = snRegexNode(t, e);
    u32 kind = key[0], a = key[1], m, k = 1;
    if (kind == REGEX_GROUP) {
      group[key[2]] = in;
      e = a;
    } else if (kind == REGEX_CAT) {
      u32 b = key[2];
      if (!regexPartCut(s, a, b, in, &m)) return;
      regexPartGroups(s, a, (RegexSpan){in.from, m}, group);
      in.from = m;
      e = b;
    } else if (kind == REGEX_ALT) {
      u32 n = snRegexKids(t, e);
      while (k <= n &&
          !regexPartRun(s, snRegexNode(t, e)[k], in.from, in.to, NULL)) k++;
      if (k > n) return;
      e = snRegexNode(t, e)[k];
    } else {
      if (kind == REGEX_REPEAT) regexPartRounds(s, e, in, group);
      return;
    }
  }
}

int snRegexScanGroups(RegexScan *s, RegexSpan group[REGEX_GROUPS]) {
  RegexDfa *d = regexDfa(s->r);
  for (u32 k = 1; k < REGEX_GROUPS; k++) group[k] = (RegexSpan){1, 0};
  group[0] = (RegexSpan){s->from, s->to};
  if (!s->r->ngroup) return s->r->rc;
  if (regexOver(d, 2)) (void)regexScanForget(s, REGEX_START);
  regexPartGroups(s, d->root, group[0], group);
  return s->r->rc ? s->r->rc : s->work ? SEINE_OK : regexScanEnd(s);
}

#undef REGEX_SHORT
#undef REGEX_STEPS
#undef REGEX_BYTES
#undef REGEX_START
