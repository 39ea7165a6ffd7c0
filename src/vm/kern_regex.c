/*
** kern_regex: REGEXP, RLIKE and regexp_like().
**
** (1) A pattern is compiled when it is first seen, and again when a row has
**     another one: a constant pattern once in a run, and its automaton is
**     kept from batch to batch.
** (2) NULL in, NULL out, as for LIKE.
*/
#include "vm/kern.h"

typedef struct KernRegex {
  Object head;
  Regex *re;     /* NULL before the first pattern */
  char *pattern;
  u32 n, flags;  /* of the pattern */
} KernRegex;

static void kernRegexClear(KernRegex *k) {
  snRegexFree(k->re);
  snMemFree(k->pattern);
  k->re = NULL;
  k->pattern = NULL;
}

static void kernRegexFree(Object *o) {
  KernRegex *k = (KernRegex *)(void *)o;
  kernRegexClear(k);
  snMemFree(k);
}

/* Says where, and shows what stands there. */
static int kernRegexError(FuncCtx *c, int rc, Str pat, const char *why,
    u32 at) {
  u32 place = snUtfCount(pat.p, at) + 1, n = SN_MIN(pat.n - at, 40u);
  if (rc == SEINE_NOMEM) return rc;
  while (n && at + n < pat.n && (pat.p[at + n] & 0xc0) == 0x80) n--;
  (void)snKernError(c, "bad regular expression: %s, at character %u, near "
      "\"%.*s\"", why, (unsigned)place, (int)n, n ? (const char *)pat.p + at
                                                    : "");
  return rc;
}

/* Makes k the automaton of the pattern, if it is not. */
static int kernRegexSet(FuncCtx *c, KernRegex *k, Str pat, u32 flags) {
  char why[REGEX_MESSAGE];
  u32 at;
  int rc;
  if (k->re && k->n == pat.n && k->flags == flags &&
      (!pat.n || !memcmp(k->pattern, pat.p, pat.n))) {
    return SEINE_OK;
  }
  kernRegexClear(k);
  rc = snRegexNew(c->budget, (const char *)pat.p, pat.n, flags, &k->re, why,
      &at);
  if (rc) return kernRegexError(c, rc, pat, why, at);
  k->pattern = snMemDup(c->budget, (const char *)pat.p, pat.n);
  k->n = pat.n;
  k->flags = flags;
  return k->pattern ? SEINE_OK : SN_NOMEM;
}

static int kernRegexKept(FuncCtx *c, KernRegex **out) {
  if (!*c->kept) {
    KernRegex *k = snMemZero(c->budget, sizeof *k);
    if (!k) return SN_NOMEM;
    k->head.free = kernRegexFree;
    *c->kept = &k->head;
  }
  *out = (KernRegex *)(void *)*c->kept;
  return SEINE_OK;
}

static int kernRegexFlags(FuncCtx *c, Str s, u32 *flags) {
  *flags = REGEX_FIND;
  for (u32 i = 0; i < s.n; i++) {
    if (s.p[i] == 'i') *flags |= REGEX_FOLD;
    else if (s.p[i] == 's') *flags |= REGEX_DOTALL;
    else if (s.p[i] == 'c') *flags &= ~(u32)REGEX_FOLD;
    else return snKernError(c, "unknown flag of regexp_like(): i (any case), "
        "c (case counts) and s (. takes a newline) are known");
  }
  return SEINE_OK;
}

static int kernRegexRow(FuncCtx *c, KernRegex *k, Str pat, Str s, u32 flags,
    bool *yes) {
  int rc = kernRegexSet(c, k, pat, flags);
  if (!rc) rc = snRegexMatch(k->re, s.p, s.n, yes);
  if (rc == SEINE_TOOBIG && k->re) {
    (void)snKernError(c, "the regular expression is too complex: fewer "
        "counts, or smaller ones, would help");
  }
  return rc;
}

/* Rows of text and pattern in any order; flags may be NULL. */
static int kernRegexRows(FuncCtx *c, const Vec *text, const Vec *pattern,
    const Vec *flags, Rows16 rows, Vec *out) {
  u32 bits = REGEX_FIND;
  KernRegex *re = NULL;
  int rc = kernRegexKept(c, &re);
  for (u32 k = 0; k < rows.n && !rc; k++) {
    u32 i = snKernRow(rows, k);
    bool yes = false;
    if (flags && snKernOnce(flags, k)) {
      rc = kernRegexFlags(c, snKernStr(flags, i), &bits);
    }
    if (!rc) {
      rc = kernRegexRow(c, re, snKernStr(pattern, i), snKernStr(text, i),
          bits, &yes);
    }
    if (yes) snBitSet(out->data, i);
  }
  return rc;
}

/* Arguments: pattern, text; as the operator's function in SQLite. */
static int kernRegexRegexp(KERN_ARGS) {
  return kernRegexRows(c, &args[1], &args[0], NULL, rows, out);
}

/* Arguments: text, pattern, flags. */
static int kernRegexLike(KERN_ARGS) {
  return kernRegexRows(c, &args[0], &args[1], n > 2 ? &args[2] : NULL, rows,
      out);
}

/* clang-format off */
static const Func kernRegexFuncs[] = {
  {"regexp",      "ss",   TYPE_BOOLEAN, FUNC_KEEPS, kernRegexRegexp},
  {"regexp_like", "ss?s", TYPE_BOOLEAN, FUNC_KEEPS, kernRegexLike},
};
/* clang-format on */

const Func *snKernRegexList(u32 *n) {
  *n = SN_COUNT(kernRegexFuncs);
  return kernRegexFuncs;
}
