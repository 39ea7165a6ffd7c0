/*
** kern_regex: REGEXP, RLIKE, SIMILAR TO, and functions that find, count, cut
** out and replace what a pattern matches.
**
** (1) A pattern is compiled when it is first seen, and again when a row has
**     another one: a constant pattern once in a run, and its automaton is
**     kept from batch to batch.
** (2) NULL in, NULL out, as for LIKE.
** (3) Matches are looked for from left to right, of those that begin first the
**     longest; none is empty.
*/
#include "vm/kern.h"

/* Of patterns of SIMILAR TO, as they were translated. */
#define KERN_REGEX_MARK 0x80000000u
#define KERN_REGEX_SQL (REGEX_FIND | REGEX_DOTALL | KERN_REGEX_MARK)

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
  rc = snRegexNew(c->budget, (const char *)pat.p, pat.n,
      flags & ~KERN_REGEX_MARK, &k->re, why, &at);
  if (rc && rc != SEINE_NOMEM && flags & KERN_REGEX_MARK)
    return snKernError(c, "bad pattern of SIMILAR TO: %s", why);
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
    else if (s.p[i] == 'g') continue; /* all matches: always so */
    else if (s.p[i] == 'c') *flags &= ~(u32)REGEX_FOLD;
    else return snKernError(c, "unknown flag of a regular expression: i (any "
        "case), c (case counts), s (. takes a newline) and g are known");
  }
  return SEINE_OK;
}

static int kernRegexRow(FuncCtx *c, KernRegex *k, Str pat, Str s, u32 flags,
    bool *yes) {
  int rc = kernRegexSet(c, k, pat, flags);
  if (!rc) rc = snRegexMatch(k->re, s.p, s.n, yes);
  if (rc == SEINE_TOOBIG && k->re) {
    (void)snKernError(c, "the regular expression is too complex, fewer counts "
        "or smaller ones would help: %s",
        snLimitSay(c->budget, SEINE_LIMIT_AUTOMATON));
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

/* ---- SIMILAR TO --------------------------------------------------------- */

/* The end of the set that opens at i, as far as there is one: an escape is
** written as \, and \ as itself. */
static u32 kernRegexSetOf(Buf *b, Str pat, u32 i, i32 escape) {
  bool first = true;
  snBufByte(b, '[');
  if (++i < pat.n && pat.p[i] == '^') snBufByte(b, pat.p[i++]);
  for (u32 len; i < pat.n; i += len, first = false) {
    u32 ch = snUtfGet(pat.p + i, pat.p + pat.n, &len);
    if (ch == ']' && !first) break;
    const u8 *end = ch == '[' && i + 1 < pat.n && pat.p[i + 1] == ':'
        ? memmem(pat.p + i, pat.n - i, ":]", 2) : NULL;
    if (end) len = (u32)(end - pat.p) + 2 - i;
    bool marked = (i32)ch == escape && i + len < pat.n;
    if (marked) i += len;
    if (marked) (void)snUtfGet(pat.p + i, pat.p + pat.n, &len);
    if (marked || ch == '\\') snBufByte(b, '\\');
    snBufAdd(b, pat.p + i, len);
  }
  return i;
}

/* The pattern of SQL as one of FIND: % is any run, _ any character, and what
** has a meaning there and none in SQL stands for itself.  Returns what is wrong
** with it that the other one would not show, or NULL. */
static const char *kernRegexTranslate(Buf *b, Str pat, i32 escape) {
  u32 len, depth = 0;
  snBufStr(b, "\\A(?:");
  for (u32 i = 0; i < pat.n; i += len) {
    u32 ch = snUtfGet(pat.p + i, pat.p + pat.n, &len);
    if ((i32)ch == escape) {
      i += len;
      snBufByte(b, '\\');
      if (i >= pat.n) return "nothing follows the escape";
      (void)snUtfGet(pat.p + i, pat.p + pat.n, &len);
    } else if (ch == '[') {
      i = kernRegexSetOf(b, pat, i, escape);
      if (i >= pat.n) return "the ] of a [ is missing";
    } else if (ch == '%' || ch == '_') {
      snBufStr(b, ch == '%' ? ".*" : ".");
      continue;
    } else if (ch == '(') {
      depth++;
      snBufStr(b, "(?:");
      continue;
    } else if (ch == ')' && !depth--) {
      return "a ) has no (";
    } else if (ch == '.' || ch == '^' || ch == '$' || ch == '\\') {
      snBufByte(b, '\\');
    }
    snBufAdd(b, pat.p + i, len);
  }
  snBufStr(b, ")\\z");
  return NULL;
}

/* Arguments: pattern, text, escape, which is \ when it is not given. */
static int kernRegexSimilar(KERN_ARGS) {
  i32 escape = '\\';
  KernRegex *re = NULL;
  Buf *b = NULL;
  int rc = kernRegexKept(c, &re);
  for (u32 k = 0; k < rows.n && !rc; k++) {
    u32 i = snKernRow(rows, k);
    bool yes = false, anew = n > 2 && snKernOnce(&args[2], k);
    if (anew) rc = snKernEscape(c, snKernStr(&args[2], i), &escape);
    if (!rc && (anew || snKernOnce(&args[0], k))) {
      b = snKernScratch(c);
      const char *why = kernRegexTranslate(b, snKernStr(&args[0], i), escape);
      if (why) rc = snKernError(c, "bad pattern of SIMILAR TO: %s", why);
    }
    if (!rc) rc = b->rc;
    if (!rc)
      rc = kernRegexRow(c, re, (Str){b->data, (u32)b->n, 0},
          snKernStr(&args[1], i), KERN_REGEX_SQL, &yes);
    if (yes) snBitSet(out->data, i);
  }
  return rc;
}

/* ---- All matches -------------------------------------------------------- */

typedef struct KernRegexRow {
  FuncCtx *c;
  Str s;             /* the text */
  RegexScan scan;
  Buf *b;            /* of a string result */
  Str with;          /* the replacement */
  i64 group;         /* INT64_MIN: the first, or all when there is none */
  i64 n;             /* a number result */
} KernRegexRow;
typedef int (*KernRegexFn)(KernRegexRow *r);

/* Calls fn with a scan for each row; its answer is in r->b or r->n. */
static int kernRegexScans(FuncCtx *c, const Vec *args, Rows16 rows, Vec *out,
    const Vec *flags, KernRegexRow *r, const Vec *with, const Vec *group,
    KernRegexFn fn) {
  u32 bits = REGEX_FIND;
  KernRegex *re = NULL;
  bool text = snTypeForm(out->type) == FORM_STR;
  int rc = kernRegexKept(c, &re);
  for (u32 k = 0; k < rows.n && !rc; k++) {
    u32 i = snKernRow(rows, k);
    if (flags && snKernOnce(flags, k))
      rc = kernRegexFlags(c, snKernStr(flags, i), &bits);
    if (!rc) rc = kernRegexSet(c, re, snKernStr(&args[1], i),
        bits | REGEX_SPAN);
    if (rc) break;
    r->c = c;
    r->s = snKernStr(&args[0], i);
    r->b = snKernScratch(c);
    if (with) r->with = snKernStr(with, i);
    if (group) r->group = snKernInt(group, i);
    rc = snRegexScan(&r->scan, re->re, r->s.p, r->s.n);
    if (!rc) rc = fn(r);
    if (rc == SEINE_TOOBIG && !c->error[0])
      (void)snKernError(c, "the regular expression takes too long on this "
          "text: fewer counts, or smaller ones, would help");
    if (!rc && text) rc = snKernTake(c, out, i);
    else if (!rc) ((i64 *)out->data)[i] = r->n;
  }
  return rc;
}

/* \1 and $1 are what a group took, \\ and \$ the characters. */
static int kernRegexPut(KernRegexRow *r) {
  RegexSpan g[REGEX_GROUPS];
  int rc = snRegexScanGroups(&r->scan, g);
  for (u32 i = 0; i < r->with.n && !rc; i++) {
    u8 ch = r->with.p[i], next = i + 1 < r->with.n ? r->with.p[i + 1] : 0;
    u32 k = (u32)next - '0';
    if ((ch == '\\' || ch == '$') && k < 10) {
      if (g[k].from < g[k].to)
        snBufAdd(r->b, r->s.p + g[k].from, g[k].to - g[k].from);
      i++;
    } else if (ch == '\\' && (next == '\\' || next == '$')) {
      snBufByte(r->b, next);
      i++;
    } else {
      snBufByte(r->b, ch);
    }
  }
  return rc ? rc : r->b->rc;
}

static int kernRegexReplaceRow(KernRegexRow *r) {
  u32 at = 0;
  int rc;
  while (!(rc = snRegexScanNext(&r->scan)) && r->scan.found) {
    u32 to = r->scan.to;
    snKernAdd(r->c, r->b, (Str){r->s.p + at, r->scan.from - at, 0});
    rc = kernRegexPut(r);
    if (rc) break;
    if (r->b->n > snKernMost(r->c)) return snKernTooBig(r->c);
    at = to;
  }
  if (!rc && r->s.n > at)
    snKernAdd(r->c, r->b, (Str){r->s.p + at, r->s.n - at, 0});
  return rc;
}
static int kernRegexReplace(KERN_ARGS) {
  KernRegexRow r = {0};
  return kernRegexScans(c, args, rows, out, n > 3 ? &args[3] : NULL, &r,
      &args[2], NULL, kernRegexReplaceRow);
}

/* The span of the group that is asked for. */
static int kernRegexGroup(KernRegexRow *r, RegexSpan *out) {
  RegexSpan g[REGEX_GROUPS];
  int rc;
  if (r->group == INT64_MIN) r->group = r->scan.r->ngroup > 0;
  if (r->group < 0 || r->group >= (i64)REGEX_GROUPS)
    return snKernError(r->c, "the group of a regular expression is a number "
        "from 0 (all of it) to %u", REGEX_GROUPS - 1);
  rc = snRegexScanGroups(&r->scan, g);
  *out = rc ? (RegexSpan){0, 0} : g[r->group];
  if (out->from > out->to) *out = (RegexSpan){0, 0};
  return rc;
}

static int kernRegexExtractRow(KernRegexRow *r) {
  RegexSpan g;
  int rc = snRegexScanNext(&r->scan);
  if (rc || !r->scan.found) return rc;
  rc = kernRegexGroup(r, &g);
  if (!rc && g.from < g.to) snBufAdd(r->b, r->s.p + g.from, g.to - g.from);
  return rc;
}
static int kernRegexExtract(KERN_ARGS) {
  KernRegexRow r = {.group = INT64_MIN};
  return kernRegexScans(c, args, rows, out, NULL, &r, NULL,
      n > 2 ? &args[2] : NULL, kernRegexExtractRow);
}

/* Elements first, since their number stands before them. */
static int kernRegexListRow(KernRegexRow *r, bool split) {
  Buf items;
  u32 n = 0, at = 0;
  RegexSpan g;
  int rc;
  snBufInit(&items, r->c->budget);
  while (!(rc = snRegexScanNext(&r->scan)) && r->scan.found) {
    g = (RegexSpan){at, r->scan.from};
    at = r->scan.to;
    if (!split) rc = kernRegexGroup(r, &g);
    if (rc) break;
    snArrayStr(&items, r->s.p + g.from, g.to - g.from);
    n++;
  }
  if (!rc && split) {
    snArrayStr(&items, r->s.n > at ? r->s.p + at : NULL, r->s.n - at);
    n++;
  }
  snArrayBegin(r->b, TYPE_TEXT, n);
  if (items.n <= UINT32_MAX)
    snKernAdd(r->c, r->b, (Str){items.data, (u32)items.n, 0});
  else if (!rc) rc = snKernTooBig(r->c);
  if (!rc) rc = items.rc;
  snBufClear(&items);
  return rc;
}
static int kernRegexAllRow(KernRegexRow *r) {
  return kernRegexListRow(r, false);
}
static int kernRegexAll(KERN_ARGS) {
  KernRegexRow r = {.group = INT64_MIN};
  return kernRegexScans(c, args, rows, out, NULL, &r, NULL,
      n > 2 ? &args[2] : NULL, kernRegexAllRow);
}
static int kernRegexSplitRow(KernRegexRow *r) {
  return kernRegexListRow(r, true);
}
static int kernRegexSplit(KERN_ARGS) {
  KernRegexRow r = {0};
  return kernRegexScans(c, args, rows, out, NULL, &r, NULL, NULL,
      kernRegexSplitRow);
}

static int kernRegexCountRow(KernRegexRow *r) {
  int rc;
  r->n = 0;
  while (!(rc = snRegexScanNext(&r->scan)) && r->scan.found) r->n++;
  return rc;
}
static int kernRegexCount(KERN_ARGS) {
  KernRegexRow r = {0};
  return kernRegexScans(c, args, rows, out, NULL, &r, NULL, NULL,
      kernRegexCountRow);
}

/* The place of the first match, in characters from 1; 0: none. */
static int kernRegexInstrRow(KernRegexRow *r) {
  int rc = snRegexScanNext(&r->scan);
  r->n = rc || !r->scan.found
      ? 0 : snKernCount(r->c, (Str){r->s.p, r->scan.from, 0}) + 1;
  return rc;
}
static int kernRegexInstr(KERN_ARGS) {
  KernRegexRow r = {0};
  return kernRegexScans(c, args, rows, out, NULL, &r, NULL, NULL,
      kernRegexInstrRow);
}

#define KERN_REGEX_TEXTS (TYPE_ARRAY | TYPE_TEXT)

/* clang-format off */
static const Func kernRegexFuncs[] = {
  {"regexp",      "ss",   TYPE_BOOLEAN, FUNC_KEEPS, kernRegexRegexp},
  {"regexp_like", "ss?s", TYPE_BOOLEAN, FUNC_KEEPS, kernRegexLike},
  {"similar", "ss?s", TYPE_BOOLEAN, FUNC_KEEPS, kernRegexSimilar},
  {"regexp_replace", "sss?s", TYPE_TEXT,
    FUNC_KEEPS, kernRegexReplace},
  {"regexp_extract", "ss?i", TYPE_TEXT,
    FUNC_KEEPS, kernRegexExtract},
  {"regexp_substr", "ss?i", TYPE_TEXT,
    FUNC_KEEPS, kernRegexExtract},
  {"regexp_extract_all", "ss?i", KERN_REGEX_TEXTS,
    FUNC_KEEPS, kernRegexAll},
  {"regexp_split", "ss", KERN_REGEX_TEXTS,
    FUNC_KEEPS, kernRegexSplit},
  {"split", "ss", KERN_REGEX_TEXTS,
    FUNC_KEEPS, kernRegexSplit},
  {"regexp_count", "ss", TYPE_INTEGER,
    FUNC_KEEPS, kernRegexCount},
  {"regexp_instr", "ss", TYPE_INTEGER,
    FUNC_KEEPS, kernRegexInstr},
};
/* clang-format on */

const Func *snKernRegexList(u32 *n) {
  *n = SN_COUNT(kernRegexFuncs);
  return kernRegexFuncs;
}

#undef KERN_REGEX_TEXTS
#undef KERN_REGEX_MARK
#undef KERN_REGEX_SQL
