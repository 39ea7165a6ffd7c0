/*
** pattern: the terms of a dictionary that begin with a text, or fit a wildcard
** or a regular expression.
*/
#include "match/matchInt.h"

typedef struct Pattern {
  Matcher *m;
  const Query *q;
  Regex *regex;        /* of a PATTERN */
  u32 *state, cap;     /* ... by depth */
  int (*seen)(void *arg, u32 ord, const u8 *p, u32 n);
  void *arg;
} Pattern;

static int patternAsk(void *arg) {
  const Pattern *p = arg;
  return p->m->rc ? p->m->rc : snMatcherAsk(p->m);
}

static int patternSeen(void *arg, u32 ord, const u8 *text, u32 n) {
  const Pattern *p = arg;
  return p->seen(p->arg, ord, text, n);
}

/* ---- what begins with a text -------------------------------------------- */

static bool patternBeginStep(void *arg, u32 depth, u8 c) {
  const Query *q = ((Pattern *)arg)->q;
  return depth >= q->len || c == (u8)q->text[depth];
}

static u32 patternBeginNext(void *arg, u32 depth, u32 least) {
  const Query *q = ((Pattern *)arg)->q;
  if (depth >= q->len) return least;
  return least <= (u8)q->text[depth] ? (u8)q->text[depth] : 256;
}

static bool patternBegun(void *arg, u32 depth) {
  return depth >= ((Pattern *)arg)->q->len;
}

/* ---- what fits an expression -------------------------------------------- */

static bool patternStep(void *arg, u32 depth, u8 c) {
  Pattern *p = arg;
  int rc = snMemGrow(p->m->budget, &p->state, &p->cap, depth + 2ull,
      sizeof *p->state);
  if (rc) snIterFail(p->m, rc);
  if (p->m->rc) return false;
  p->state[depth + 1] = snRegexStep(p->regex, p->state[depth], c);
  return p->state[depth + 1] != REGEX_DEAD;
}

static u32 patternNext(void *arg, u32 depth, u32 least) {
  Pattern *p = arg;
  if (p->m->rc) return 256;
  return snRegexNext(p->regex, p->state[depth], (i32)least - 1);
}

static bool patternAccepts(void *arg, u32 depth) {
  const Pattern *p = arg;
  return snRegexAccepts(p->regex, p->state[depth]);
}

static int patternRegex(Pattern *p, Dict *d) {
  DictAutomaton a = {p, patternStep, patternNext, patternAccepts, patternAsk,
      patternSeen};
  int rc = snQueryRegex(p->m->budget, p->q, &p->regex);
  if (rc) return rc;
  rc = snMemGrow(p->m->budget, &p->state, &p->cap, 1, sizeof *p->state);
  if (!rc) {
    p->state[0] = snRegexStart(p->regex);
    rc = snDictWalk(d, &a);
  }
  if (!rc) rc = p->regex->rc;
  snMemFree(p->state);
  snRegexFree(p->regex);
  return rc;
}

int snPatternWalk(Matcher *m, const Query *q, Dict *d,
    int (*seen)(void *arg, u32 ord, const u8 *p, u32 n), void *arg) {
  Pattern p = {.m = m, .q = q, .seen = seen, .arg = arg};
  DictAutomaton begins = {&p, patternBeginStep, patternBeginNext, patternBegun,
      patternAsk, patternSeen};
  int rc = q->kind == QUERY_PREFIX ? snDictWalk(d, &begins)
                                   : patternRegex(&p, d);
  return rc ? rc : m->rc;
}
