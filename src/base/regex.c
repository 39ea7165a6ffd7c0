/*
** regex: does a text match a pattern?  An automaton whose states are
** expressions, made as the text asks for them.
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
*/
#include "base/regexInt.h"

#define REGEX_STATES 10000u
#define REGEX_BYTES  (8u << 20)  /* of the table, of expressions */
#define REGEX_START  2u

typedef struct RegexDfa {
  Regex head;
  RegexNodes nodes;
  u32 *expr;            /* by state */
  u32 *state_of;        /* by node: state + 1, or 0 */
  u32 n, expr_cap, accepts_cap, next_cap;
  u32 nstate_of, state_of_cap;
  u32 root, base;
  u32 start_at;         /* REGEX_AT_BEGIN when a ^ may match at START */
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
  if (!rc) rc = snMemGrow(b, &d->head.accepts, &d->accepts_cap, s + 1ull, 1);
  if (!rc) rc = snMemGrow(b, &d->head.next, &d->next_cap, cells, 4);
  if (rc) {
    d->head.rc = rc;
    return REGEX_DEAD;
  }
  d->expr[s] = e;
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

static bool regexFull(const RegexDfa *d) {
  return d->n >= REGEX_STATES ||
      (u64)d->n * d->head.nclass * sizeof(u32) > REGEX_BYTES ||
      d->nodes.set.bytes.used > REGEX_BYTES;
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

/* ---- Door --------------------------------------------------------------- */

int snRegexNew(Budget *b, const char *p, size_t n, u32 flags, Regex **out,
    char message[REGEX_MESSAGE], u32 *at) {
  RegexDfa *d = snMemZero(b, sizeof *d);
  int rc;
  *out = NULL;
  *at = 0;
  message[0] = 0;
  if (!d) return SN_NOMEM;
  snRegexNodesInit(&d->nodes, b);
  rc = d->nodes.rc;
  if (!rc) rc = snRegexParse(&d->nodes, p, n, flags, &d->root, message, at);
  if (!rc) {
    d->base = d->nodes.set.n;
    d->start_at = d->nodes.begins ? REGEX_AT_BEGIN : REGEX_AT_MID;
    regexClasses(d);
    rc = regexFirst(d);
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
  snMemFree(d->state_of);
  snMemFree(d->head.accepts);
  snMemFree(d->head.next);
  snMemFree(d);
}

u32 snRegexStart(const Regex *r) {
  const RegexDfa *d = (const RegexDfa *)(const void *)r;
  if (d->root == REGEX_E_NONE) return REGEX_DEAD;
  return d->root == REGEX_E_ALL ? REGEX_SURE : REGEX_START;
}

int snRegexMatch(Regex *r, const void *text, size_t n, bool *out) {
  RegexDfa *d = regexDfa(r);
  const u8 *p = text;
  u32 state = snRegexStart(r), to;
  *out = false;
  for (size_t i = 0; i < n && state > REGEX_SURE; i++) {
    to = r->next[state * r->nclass + r->class_of[p[i]]];
    if (SN_UNLIKELY(to == REGEX_UNKNOWN)) {
      if (regexFull(d)) state = regexForget(d, state);
      to = snRegexMake(r, state, p[i]);
    }
    state = to;
  }
  if (!r->rc) *out = snRegexAccepts(r, state);
  return r->rc;
}

#undef REGEX_STATES
#undef REGEX_BYTES
#undef REGEX_START
