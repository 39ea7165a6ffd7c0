/*
** query_parse: what a person types into a search box, as a tree.
**
**   words          fox  multi-agent  don't  20.04  c++  fo*  *
**   like words     f?x  f*x  /fo[xg]/  fox~  fox~1
**   phrases        "new york"  "new york"~2
**   fields         title:fox  title:"new york"  title:(red fox)
**   ranges         age:>=5  age:<5  age:[1 TO 5]  age:{1 TO *]
**                  age:(>=5 AND <7)
**   places         NEAR(a "b c" d*, 5)  ORDERED(a b, 2)  FIRST(a, 10)
**                  WITHIN(a, NEAR(b c))  CONTAINING(a, b)  EXCEPT(a, (b OR c))
**   signs          AND && OR || NOT !  +word  -word  word^2.5  (a b)  \:
**                  (a b c)@2  (a b c)@75%
**
** (1) Nothing is an error.  A sign that does not fit is a blank, an open
**     quote reaches to the end, a field without a value is a word.  Whoever
**     wants to know of such a slip asks snQueryCheck(): the same parser, which
**     ends at the first one.
** (2) NOT binds before AND, AND before OR.  Words side by side are joined
**     by AND or by OR as op_and says.  A run of clauses joined by AND is one
**     boolean of MUST and NOT; runs joined by OR are SHOULD in another.
** (3) + and - speak of the boolean around them: a run of one clause with a
**     sign enters the outer boolean as MUST or NOT.  NOT takes its clause
**     away from what stands between two written ORs; from everything when
**     nothing else stands there.
** (4) A boolean without anything but NOT gets QUERY_ALL as its MUST.
** (5) Each byte is looked at a bounded number of times.  There is one level
**     of state per open parenthesis, at most QUERY_DEPTH; deeper ones are
**     blanks.
*/
#include "match/match.h"

#define QUERY_DEPTH     100u
#define QUERY_BOOST_MAX 1e30f /* keeps products finite for a while */
#define QUERY_SLOP_MAX  1000000000u
#define QUERY_SPAN_DEPTH 20u
#define QUERY_SPAN_SLOP 10u   /* of NEAR and ORDERED without a number */
#define QUERY_NAME_MAX  255u  /* of a group: its words may get it in front */

typedef enum QueryLink {
  QUERY_LINK_NONE,
  QUERY_LINK_AND,
  QUERY_LINK_OR
} QueryLink;

typedef enum QueryMod {
  QUERY_MOD_NONE,
  QUERY_MOD_PLUS,
  QUERY_MOD_MINUS,
  QUERY_MOD_NOT
} QueryMod;

/* The occur of a clause behind NOT, until its part ends. */
#define QUERY_OCCUR_BUT 0xffu

/* A name before a colon, its escapes gone; NULL when there is none. */
typedef struct QueryField {
  const char *p;
  u32 n;
} QueryField;

/* What an open parenthesis has seen so far. */
typedef struct QueryLevel {
  Query *any;      /* parts that are done */
  Query *part;     /* runs that are done since the last written OR */
  Query *first;    /* of the current run; NULL: nothing stood here yet */
  Query *run;      /* the current run, once it has two clauses */
  u8 first_mod;
  bool ors;        /* there is a written OR */
  bool but, plus;  /* the part has a NOT, a + */
  u8 link, mod;    /* signs that wait for the next clause ... */
  const char *sign; /* ... and where the last one stands */
  const char *open; /* its parenthesis */
  QueryField field, outer; /* of the group, and of the one around it */
} QueryLevel;

typedef struct QueryParser {
  Arena *arena;
  const char *p, *end;
  bool op_and;
  const Table *table; /* of a check ... */
  QuerySlip *slip;    /* ... or NULL */
  const char *start;
  int rc;
  u32 depth;       /* of level[] */
  u32 flat;        /* open parentheses that are only blanks */
  QueryLevel level[QUERY_DEPTH + 1];
} QueryParser;

/* One end of a range, as it stands in the source. */
typedef struct QueryEnd {
  const char *p;
  size_t n;
  bool any;        /* a bare * */
} QueryEnd;

/* ---- Slips -------------------------------------------------------------- */

static void querySlip(QueryParser *s, const char *at, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
static void querySlip(QueryParser *s, const char *at, const char *fmt, ...) {
  va_list ap;
  if (!s->slip || s->rc) return;
  s->rc = SEINE_ERROR;
  s->slip->at = (size_t)(at - s->start);
  va_start(ap, fmt);
  vsnprintf(s->slip->message, sizeof s->slip->message, fmt, ap);
  va_end(ap);
  snUtf8Whole(s->slip->message);
}

/* Whether what stands at p[at] would be escaped. */
static bool queryEscaped(const char *p, size_t at) {
  size_t back = at;
  while (back && p[back - 1] == '\\') back--;
  return (at - back) & 1;
}

/* The first c that is not escaped, or NULL. */
static const char *queryFind(const char *p, size_t n, char c) {
  for (size_t i = 0; i < n; i++) {
    if (p[i] == c) return p + i;
    if (p[i] == '\\') i++;
  }
  return NULL;
}

/* A word as it is typed: what in it is a sign out of place? */
static void querySlipWord(QueryParser *s, const char *p, size_t n) {
  bool word = false;
  if (!s->slip) return;
  for (size_t i = 0; i < n; i++)
    word |= (u8)p[i] >= 0x80 || (u8)(p[i] - '0') < 10 ||
        (u8)((p[i] | 0x20) - 'a') < 26 || strchr("*?\\", p[i]);
  if (queryEscaped(p, n))
    querySlip(s, p + n - 1, "nothing follows the \\");
  if (strchr("[{<>", *p))
    querySlip(s, p, "a range is column:[low TO high], column:>low or "
        "column:<high");
  if (!word) querySlip(s, p, "no word; \\ makes a sign a part of one");
  const char *at = queryFind(p, n, '^');
  if (at) querySlip(s, at, "a boost is a number, as in ^2.5");
}

/* ---- Nodes -------------------------------------------------------------- */

Query *snQueryNew(Arena *a, QueryKind k) {
  Query *q = snArenaZero(a, sizeof *q);
  if (!q) return NULL;
  q->kind = (u8)k;
  q->boost = 1;
  q->column = QUERY_NO_COLUMN;
  return q;
}

void snQueryAdd(Query *parent, Query *kid, Occur o) {
  kid->occur = (u8)o;
  kid->next = NULL;
  if (!parent->kids) {
    parent->kids = kid;
  } else {
    Query *last = parent->last ? parent->last : parent->kids;
    while (last->next) last = last->next;
    last->next = kid;
  }
  parent->last = kid;
  parent->nkids++;
}

static Query *queryMake(QueryParser *s, QueryKind k) {
  Query *q = snQueryNew(s->arena, k);
  if (!q) s->rc = SN_NOMEM;
  return q;
}

/* Copies source text, its escapes taken off. */
static const char *queryCopy(QueryParser *s, const char *p, size_t n,
    u32 *len) {
  char *to = snArenaBytes(s->arena, n + 1);
  u32 k = 0;
  *len = 0;
  if (!to) {
    s->rc = SN_NOMEM;
    return NULL;
  }
  for (size_t i = 0; i < n; i++) {
    if (p[i] == '\\' && i + 1 < n) i++;
    to[k++] = p[i];
  }
  to[k] = 0;
  *len = k;
  return to;
}

/* ---- Characters --------------------------------------------------------- */

/* Bytes of the blank at p, or 0.  Control characters are blanks too. */
static u32 queryBlank(const char *p, const char *end) {
  u8 c = (u8)*p, d, e;
  if (c <= ' ') return 1;
  if (c < 0xc2 || end - p < 2) return 0;
  d = (u8)p[1];
  if (c == 0xc2) return d == 0xa0 || d == 0x85 ? 2 : 0;
  if (end - p < 3) return 0;
  e = (u8)p[2];
  if (c == 0xe3) return d == 0x80 && e == 0x80 ? 3 : 0;
  if (c != 0xe2) return 0;
  if (d == 0x81) return e == 0x9f ? 3 : 0;
  if (d != 0x80) return 0;
  return e <= 0x8a || e == 0xa8 || e == 0xa9 || e == 0xaf ? 3 : 0;
}

static const char *queryBlanks(const char *p, const char *end) {
  u32 k;
  while (p < end && (k = queryBlank(p, end))) p += k;
  return p;
}

static bool queryIsSign(char c) { return c == '+' || c == '-'; }

/* p is at a caret: the number behind it when a clause ends there, and where
** that is; NULL when the caret is only a character. */
static const char *queryCaret(const char *p, const char *end, float *boost) {
  const char *from = ++p;
  double v;
  while (p < end && ((u8)(*p - '0') < 10 || *p == '.')) p++;
  if (p < end && *p != ')' && !queryBlank(p, end)) return NULL;
  if (!snNumReal(from, (size_t)(p - from), &v)) return NULL;
  *boost = v < (double)QUERY_BOOST_MAX ? (float)v : QUERY_BOOST_MAX;
  return p;
}

/* The end of the word at p, at least one character on; and its first colon
** that is neither escaped nor in front. */
static const char *queryWordEnd(const char *p, const char *end,
    const char **colon) {
  const char *from = p;
  float boost;
  *colon = NULL;
  while (p < end) {
    char c = *p;
    if (c == '\\' && end - p > 1) {
      p += 2;
      continue;
    }
    if (p > from) {
      if (c == '(' || c == ')' || c == '"' || queryBlank(p, end)) break;
      if ((c == '&' || c == '|') && end - p > 1 && p[1] == c) break;
      if (c == '^' && queryCaret(p, end, &boost)) break;
      if (c == ':' && !*colon) *colon = p;
    }
    p++;
  }
  return p;
}

/* Behind the quote that closes the one at p, or NULL. */
static const char *queryQuoteEnd(const char *p, const char *end) {
  for (p++; p < end; p++) {
    if (*p == '"') return p + 1;
    if (*p == '\\' && end - p > 1) p++;
  }
  return NULL;
}

/* How often c stands, not escaped, at the end of [p, p+n). */
static size_t queryTail(const char *p, size_t n, char c) {
  size_t at = n;
  while (at && p[at - 1] == c) at--;
  return at == n ? 0 : n - at - queryEscaped(p, at);
}

/* Whether [p, p+n) has a * or ? that is not escaped.  In what looks like the
** address of a page ? is a character. */
static bool queryIsWild(const char *p, size_t n) {
  bool ask = false, page = false;
  for (size_t i = 0; i < n; i++) {
    if (p[i] == '*') return true;
    ask |= p[i] == '?';
    page |= memchr("/=&", p[i], 3) != NULL;
    if (p[i] == '\\') i++;
  }
  return ask && !page;
}

/* The bytes in front of a ~, ~1 or ~0.8 at the end, or n when there is none.
** 0.8 is a similarity, as it once was: its edits depend on the word. */
static size_t queryFuzzy(const char *p, size_t n, u8 *edits) {
  size_t at = n;
  double v = 0;
  while (at && ((u8)(p[at - 1] - '0') < 10 || p[at - 1] == '.')) at--;
  if (at < 2 || p[at - 1] != '~') return n;
  if (queryEscaped(p, at - 1)) return n;
  *edits = QUERY_EDITS_AUTO;
  if (at < n && !snNumReal(p + at, n - at, &v)) return n;
  if (at < n && v >= 1) *edits = (u8)SN_MIN(v, (double)QUERY_EDITS_MAX);
  else if (at < n && v > 0)
    *edits = (u8)SN_MIN((1 - v) * (double)snUtfCount(p, at - 1),
        (double)QUERY_EDITS_MAX);
  else if (at < n)
    *edits = 0;
  return at - 1;
}

/* Behind the regexp at p, which is a slash: it has no blanks, and what stands
** behind it ends a clause.  NULL: the slash is a character. */
static const char *queryRegexpEnd(const char *p, const char *end) {
  const char *from = ++p;
  for (; p < end && *p != '/' && !queryBlank(p, end); p++)
    if (*p == '\\' && end - p > 1) p++;
  if (p == end || p == from || *p != '/') return NULL;
  p++;
  return p == end || *p == ')' || *p == '^' || queryBlank(p, end) ? p : NULL;
}

/* ---- Clauses into booleans ---------------------------------------------- */

static bool queryIsNot(u8 mod) {
  return mod == QUERY_MOD_MINUS || mod == QUERY_MOD_NOT;
}

/* (4) of the head. */
static void queryPositive(QueryParser *s, Query *q) {
  Query *all;
  for (const Query *k = q->kids; k; k = k->next) {
    if (k->occur != OCCUR_NOT) return;
  }
  all = queryMake(s, QUERY_ALL);
  if (!all) return;
  all->occur = OCCUR_MUST;
  all->next = q->kids;
  q->kids = all;
  q->nkids++;
}

/* The current run is over. */
static void queryFlush(QueryParser *s, QueryLevel *l) {
  Query *q = l->run ? l->run : l->first;
  u32 o = OCCUR_SHOULD;
  if (!q) return;
  if (l->run) {
    queryPositive(s, q);
  } else if (l->first_mod == QUERY_MOD_PLUS) {
    o = OCCUR_MUST;
    l->plus = true;
  } else if (l->first_mod == QUERY_MOD_MINUS) {
    o = OCCUR_NOT;
  } else if (l->first_mod == QUERY_MOD_NOT) {
    o = QUERY_OCCUR_BUT;
    l->but = true;
  }
  l->first = l->run = NULL;
  if (!l->part) l->part = queryMake(s, QUERY_BOOL);
  if (l->part) snQueryAdd(l->part, q, (Occur)o);
}

/* What stands between two written ORs is over.  With a NOT in it, it becomes
** one clause; a - still speaks of the boolean around, a + draws the NOT
** along. */
static void queryPartEnd(QueryParser *s, QueryLevel *l) {
  Query *k, *next, *one = NULL;
  queryFlush(s, l);
  if (!l->part) return;
  if (!l->any) l->any = queryMake(s, QUERY_BOOL);
  if (l->but && l->ors && !l->plus) one = queryMake(s, QUERY_BOOL);
  if (s->rc) return;
  for (k = l->part->kids; k; k = next) {
    bool but = k->occur == QUERY_OCCUR_BUT;
    Query *to = one && (but || k->occur == OCCUR_SHOULD) ? one : l->any;
    next = k->next;
    snQueryAdd(to, k, but ? OCCUR_NOT : (Occur)k->occur);
  }
  if (one) {
    queryPositive(s, one);
    snQueryAdd(l->any, one, OCCUR_SHOULD);
  }
  l->part = NULL;
  l->but = l->plus = false;
}

/* Takes a clause in, by the signs that waited for it. */
static void queryClause(QueryParser *s, Query *q) {
  QueryLevel *l = &s->level[s->depth];
  bool is_or = l->link == QUERY_LINK_OR;
  bool is_and = l->link == QUERY_LINK_AND || (!is_or && s->op_and);
  u8 mod = l->mod;
  if (s->rc) return;
  l->link = QUERY_LINK_NONE;
  l->mod = QUERY_MOD_NONE;
  if (!l->first || !is_and) {
    l->ors |= is_or;
    if (is_or) queryPartEnd(s, l);
    else queryFlush(s, l);
    l->first = q;
    l->first_mod = mod;
    return;
  }
  if (!l->run) {
    l->run = queryMake(s, QUERY_BOOL);
    if (!l->run) return;
    snQueryAdd(l->run, l->first,
        queryIsNot(l->first_mod) ? OCCUR_NOT : OCCUR_MUST);
  }
  snQueryAdd(l->run, q, queryIsNot(mod) ? OCCUR_NOT : OCCUR_MUST);
}

/* What a level holds, or NULL. */
static Query *queryLevelEnd(QueryParser *s, QueryLevel *l) {
  Query *q;
  queryPartEnd(s, l);
  q = l->any;
  if (l->link || l->mod) querySlip(s, l->sign, "nothing follows this sign");
  if (!q || s->rc) return NULL;
  if (q->nkids == 1 && q->kids->occur != OCCUR_NOT) {
    q = q->kids;
    q->occur = OCCUR_SHOULD;
    return q;
  }
  queryPositive(s, q);
  return q;
}

static void queryJoin(QueryParser *s, QueryLink link, const char *at) {
  QueryLevel *l = &s->level[s->depth];
  if (!l->first) querySlip(s, at, "nothing stands before this sign");
  if (l->link || l->mod) querySlip(s, at, "two signs in a row");
  l->sign = at;
  l->mod = QUERY_MOD_NONE;
  if (l->first) l->link = (u8)link;
}

static void queryNegate(QueryParser *s, QueryMod mod, const char *at) {
  QueryLevel *l = &s->level[s->depth];
  if (l->mod) querySlip(s, at, "two signs in a row");
  l->sign = at;
  l->mod = queryIsNot(l->mod) ? QUERY_MOD_NONE : (u8)mod;
}

/* ---- What follows a clause ---------------------------------------------- */

static float queryScale(float a, float b) {
  float x = a * b;
  return x < QUERY_BOOST_MAX ? x : QUERY_BOOST_MAX;
}

/* ^2.5 behind a clause; q may be NULL. */
static void queryBoost(QueryParser *s, Query *q) {
  const char *to;
  float boost;
  if (s->p == s->end || *s->p != '^') return;
  to = queryCaret(s->p, s->end, &boost);
  if (!to) querySlip(s, s->p, "a boost is a number, as in ^2.5");
  if (!to) return;
  s->p = to;
  if (q) q->boost = queryScale(q->boost, boost);
}

/* @2 or @75% behind a group: how many of its clauses are needed. */
static void queryAtLeast(QueryParser *s, Query *q) {
  const char *from = s->p + 1, *to = from;
  if (s->p == s->end || *s->p != '@') return;
  while (to < s->end && ((u8)(*to - '0') < 10 || memchr("-%<", *to, 3))) to++;
  if (to == from || (to < s->end && *to != ')' && *to != '^' &&
          !queryBlank(to, s->end))) {
    querySlip(s, s->p, "how many of a group is a number or a share: @2, @75%%");
    return;
  }
  s->p = to;
  if (!q || q->kind != QUERY_BOOL) return;
  q->some_len = (u32)(to - from);
  q->some = snArenaDup(s->arena, from, q->some_len);
  if (!q->some) s->rc = SN_NOMEM;
}

/* ~2 behind a phrase. */
static void querySlop(QueryParser *s, Query *q) {
  u64 v = 0;
  if (s->p == s->end || *s->p != '~') return;
  for (s->p++; s->p < s->end && (u8)(*s->p - '0') < 10; s->p++) {
    v = v * 10 + (u64)(*s->p - '0');
    v = SN_MIN(v, (u64)QUERY_SLOP_MAX);
  }
  q->slop = (u32)v;
}

/* ---- Clauses ------------------------------------------------------------ */

static void queryOpen(QueryParser *s, QueryField field) {
  QueryLevel *l;
  const char *open = s->p++;
  if (s->depth == QUERY_DEPTH) {
    querySlip(s, open, "nested more than %u deep", QUERY_DEPTH);
    s->flat++;
    return;
  }
  QueryField outer = s->level[s->depth].field;
  if (!field.p) {
    field = outer;
    outer = s->level[s->depth].outer;
  }
  l = &s->level[++s->depth];
  memset(l, 0, sizeof *l);
  l->field = field;
  l->outer = outer;
  l->open = open;
}

/* A leaf's own field, or none: then the group's. */
static void queryInField(const QueryParser *s, Query *q, QueryField own) {
  const QueryLevel *l = &s->level[s->depth];
  QueryField field = own.p ? own : l->field;
  QueryField outer = own.p ? l->field : l->outer;
  q->field = field.p;
  q->field_len = field.n;
  q->outer = outer.p;
  q->outer_len = outer.n;
}

/* At the end of the text, or behind a parenthesis. */
static void queryClose(QueryParser *s) {
  Query *q = queryLevelEnd(s, &s->level[s->depth]);
  if (!q)
    querySlip(s, s->level[s->depth].open, "nothing stands in this (");
  s->depth--;
  queryAtLeast(s, q);
  queryBoost(s, q);
  if (q) queryClause(s, q);
  else s->level[s->depth].mod = QUERY_MOD_NONE;
}

static void queryParen(QueryParser *s) {
  s->p++;
  if (s->flat) {
    s->flat--;
    queryBoost(s, NULL);
  } else if (s->depth) {
    queryClose(s);
  } else {
    querySlip(s, s->p - 1, "the ( of this ) is missing");
  }
}

static void queryQuoted(QueryParser *s, QueryField field) {
  const char *from = s->p + 1, *to = queryQuoteEnd(s->p, s->end);
  size_t n = (size_t)(to ? to - 1 - from : s->end - from);
  Query *q;
  if (!to) querySlip(s, from - 1, "the second \" is missing");
  if (!n) querySlip(s, from - 1, "nothing stands in these quotes");
  s->p = to ? to : s->end;
  if (!n && !field.p && !s->level[s->depth].field.p) {
    s->level[s->depth].mod = QUERY_MOD_NONE;
    return;
  }
  q = queryMake(s, QUERY_RAW);
  if (!q) return;
  q->quoted = true;
  queryInField(s, q, field);
  q->text = queryCopy(s, from, n, &q->len);
  for (; s->p < s->end && *s->p == '*'; s->p++) q->prefix = true;
  querySlop(s, q);
  queryBoost(s, q);
  queryClause(s, q);
}

/* ---- Ranges ------------------------------------------------------------- */

/* Reads a bound of [lo TO hi] at *p; false when there is none.  It ends where
** a word would, for (5). */
static bool queryBracketEnd(const char **p, const char *end, QueryEnd *out) {
  const char *from = *p, *at = from, *colon, *stop;
  if (at < end && *at == '"') {
    at = queryQuoteEnd(from, end);
    if (!at) return false;
    *out = (QueryEnd){from + 1, (size_t)(at - from) - 2, false};
    *p = at;
    return true;
  }
  stop = queryWordEnd(from, end, &colon);
  while (at < stop && *at != ']' && *at != '}') {
    at += *at == '\\' && stop - at > 1 ? 2 : 1;
  }
  *out = (QueryEnd){from, (size_t)(at - from), at - from == 1 && *from == '*'};
  *p = at;
  return at > from;
}

/* [lo TO hi] at p, brackets of both kinds: where it ends, or NULL.  The end
** of the text closes it. */
static const char *queryBrackets(const char *p, const char *end,
    QueryEnd out[2], bool open[2]) {
  const char *at;
  open[0] = *p == '{';
  open[1] = false;
  p = queryBlanks(p + 1, end);
  if (!queryBracketEnd(&p, end, &out[0])) return NULL;
  at = queryBlanks(p, end);
  if (at == p || end - at < 3 || !snAsciiEq(at, 2, "TO", 2)) return NULL;
  p = at + 2;
  at = queryBlanks(p, end);
  if (at == p) return NULL;
  if (!queryBracketEnd(&at, end, &out[1])) return NULL;
  at = queryBlanks(at, end);
  if (at == end) return at;
  open[1] = *at == '}';
  return *at == ']' || *at == '}' ? at + 1 : NULL;
}

/* >=5 and its kin. */
static const char *queryCompare(const char *p, const char *end,
    QueryEnd out[2], bool open[2]) {
  u32 side = *p++ == '<';
  const char *at, *colon;
  out[0] = out[1] = (QueryEnd){NULL, 0, true};
  open[0] = open[1] = false;
  if (p < end && *p == '=') p++;
  else open[side] = true;
  if (p == end || *p == '(' || *p == ')' || queryBlank(p, end)) return NULL;
  if (*p == '"') {
    at = queryQuoteEnd(p, end);
    if (!at) return NULL;
    out[side] = (QueryEnd){p + 1, (size_t)(at - p) - 2, false};
    return at;
  }
  at = queryWordEnd(p, end, &colon);
  out[side] = (QueryEnd){p, (size_t)(at - p), at - p == 1 && *p == '*'};
  return at;
}

/* Takes the range at `at` if there is one. */
static bool queryRange(QueryParser *s, const char *at, QueryField field) {
  QueryEnd b[2];
  bool open[2];
  const char *to = NULL;
  Query *q;
  if (*at == '[' || *at == '{') to = queryBrackets(at, s->end, b, open);
  else if (*at == '<' || *at == '>') to = queryCompare(at, s->end, b, open);
  if (!to) return false;
  if (to == s->end && strchr("[{", *at) && !strchr("]}", to[-1]))
    querySlip(s, at, "the ] or } of this range is missing");
  s->p = to;
  q = queryMake(s, QUERY_RANGE);
  if (!q) return true;
  queryInField(s, q, field);
  q->text = queryCopy(s, at, (size_t)(to - at), &q->len);
  if (!b[0].any) q->lo = queryCopy(s, b[0].p, b[0].n, &q->lo_len);
  if (!b[1].any) q->hi = queryCopy(s, b[1].p, b[1].n, &q->hi_len);
  q->lo_open = open[0] && q->lo;
  q->hi_open = open[1] && q->hi;
  queryBoost(s, q);
  queryClause(s, q);
  return true;
}

/* ---- Words -------------------------------------------------------------- */

/* Takes what stands behind `name:` when that is no plain word. */
static bool queryBehindColon(QueryParser *s, const char *at, const char *stop,
    QueryField field) {
  if (at < stop) return queryRange(s, at, field);
  s->p = stop;
  if (*stop == '(') queryOpen(s, field);
  else queryQuoted(s, field);
  return true;
}

/* AND, OR, NOT, and signs that are only blanks. */
static bool queryOperator(QueryParser *s, const char *p, size_t n) {
  size_t signs = 0;
  if (n == 3 && !memcmp(p, "AND", 3)) {
    queryJoin(s, QUERY_LINK_AND, p);
    return true;
  }
  if (n == 2 && !memcmp(p, "OR", 2)) {
    queryJoin(s, QUERY_LINK_OR, p);
    return true;
  }
  if (n == 3 && !memcmp(p, "NOT", 3)) {
    queryNegate(s, QUERY_MOD_NOT, p);
    return true;
  }
  while (signs < n && queryIsSign(p[signs])) signs++;
  return signs == n;
}

/* The pattern keeps its escapes. */
static void queryAsTyped(QueryParser *s, Query *q, const char *p, size_t n) {
  q->len = (u32)n;
  q->text = snArenaDup(s->arena, p, n);
  if (!q->text) s->rc = SN_NOMEM;
}

/* A ? at the end of a word asks a question. */
static void queryLetters(QueryParser *s, Query *q, const char *p, size_t n) {
  size_t stars = queryTail(p, n, '*'), word = n - stars;
  q->prefix = stars > 0;
  if (!stars) word = queryFuzzy(p, n, &q->edits);
  const char *edits = queryFind(p, word, '~');
  if (edits) querySlip(s, edits, "edits are a number from 0 to 2, as in ~1");
  if (!stars) word -= queryTail(p, word, '?');
  q->wild = word && !q->edits && queryIsWild(p, word);
  if (q->wild) queryAsTyped(s, q, p, n);
  else q->text = queryCopy(s, p, word ? word : n - stars, &q->len);
}

static void queryRaw(QueryParser *s, const char *p, size_t n,
    QueryField field) {
  bool all = queryTail(p, n, '*') == n && !field.p &&
      !s->level[s->depth].field.p;
  Query *q = queryMake(s, all ? QUERY_ALL : QUERY_RAW);
  if (!q) return;
  if (!all) {
    querySlipWord(s, p, n);
    queryInField(s, q, field);
    queryLetters(s, q, p, n);
  }
  queryBoost(s, q);
  queryClause(s, q);
}

/* What is no regular expression is read as words. */
static void querySlipRegexp(QueryParser *s, const char *p, size_t n) {
  char message[REGEX_MESSAGE];
  Regex *regex;
  u32 at;
  if (!s->slip || s->rc) return;
  int rc = snRegexNew(s->arena->budget, p, n, REGEX_WHOLE, &regex, message,
      &at);
  snRegexFree(rc ? NULL : regex);
  if (rc == SEINE_ERROR || rc == SEINE_TOOBIG)
    querySlip(s, p + at, "%s", message);
  else s->rc = rc;
}

/* Takes the regexp at p if there is one. */
static bool queryRegexp(QueryParser *s, const char *p, QueryField field) {
  const char *to = queryRegexpEnd(p, s->end);
  Query *q;
  if (!to)
    querySlip(s, p, "the second / is missing; \\/ is the sign itself");
  if (!to) return false;
  querySlipRegexp(s, p + 1, (size_t)(to - p) - 2);
  s->p = to;
  q = queryMake(s, QUERY_RAW);
  if (!q) return true;
  q->regexp = true;
  queryInField(s, q, field);
  queryAsTyped(s, q, p + 1, (size_t)(to - p) - 2);
  queryBoost(s, q);
  queryClause(s, q);
  return true;
}

/* ---- Spans -------------------------------------------------------------- */

/* Calls by SpanOp: their name, and how many parts they have. */
static const struct {
  const char *name;
  u8 op, least, most;
} query_spans[] = {
  {"NEAR", SPAN_NEAR, 1, 255}, {"ORDERED", SPAN_ORDERED, 1, 255},
  {"FIRST", SPAN_FIRST, 1, 1}, {"WITHIN", SPAN_WITHIN, 2, 2},
  {"CONTAINING", SPAN_CONTAINING, 2, 2}, {"EXCEPT", SPAN_EXCEPT, 2, 2},
};

/* Which call begins at p, or SN_COUNT(query_spans). */
static u32 querySpanCall(const char *p, size_t n) {
  u32 k = 0;
  while (k < SN_COUNT(query_spans) &&
         (strlen(query_spans[k].name) != n ||
             memcmp(query_spans[k].name, p, n))) {
    k++;
  }
  return k;
}

/* The number at the end of a call: ", 5)".  Where the parenthesis is; NULL: it
** is none. */
static const char *querySpanNumber(const char *p, const char *end, u32 *out) {
  u64 v = 0;
  const char *from = p;
  for (; p < end && (u8)(*p - '0') < 10; p++)
    v = SN_MIN(v * 10 + (u64)(*p - '0'), (u64)QUERY_SLOP_MAX);
  if (p == from) return NULL;
  p = queryBlanks(p, end);
  if (p == end || *p != ')') return NULL;
  *out = (u32)v;
  return p;
}

static Query *querySpan(QueryParser *s, const char **at, u32 call, u32 depth);

/* A part at *at: a word, a phrase, a group, a call.  NULL: what stands there
** is none. */
static Query *querySpanPart(QueryParser *s, const char **at, u32 depth) {
  const char *p = *at, *to = p;
  u32 call;
  Query *q;
  if (*p == '(') {
    *at = p + 1;
    return querySpan(s, at, SN_COUNT(query_spans), depth + 1);
  }
  if (*p == '"') {
    to = queryQuoteEnd(p, s->end);
    q = to ? queryMake(s, QUERY_RAW) : NULL;
    if (!q) return NULL;
    q->quoted = true;
    q->text = queryCopy(s, p + 1, (size_t)(to - p) - 2, &q->len);
    *at = to;
    return q;
  }
  while (to < s->end && !queryBlank(to, s->end) && !memchr(",()\"", *to, 4))
    to += *to == '\\' && s->end - to > 1 ? 2 : 1;
  if (to < s->end && *to == '(') {
    call = querySpanCall(p, (size_t)(to - p));
    *at = to + 1;
    return call < SN_COUNT(query_spans)
        ? querySpan(s, at, call, depth + 1) : NULL;
  }
  q = to > p ? queryMake(s, QUERY_RAW) : NULL;
  if (!q) return NULL;
  queryLetters(s, q, p, (size_t)(to - p));
  *at = to;
  return q;
}

/* The parts of a call, or of a group of which one is enough, up to behind its
** parenthesis.  NULL: it is no such thing, or s->rc. */
static Query *querySpan(QueryParser *s, const char **at, u32 call,
    u32 depth) {
  bool group = call == SN_COUNT(query_spans), number = false, comma = false;
  Query *q = depth > QUERY_SPAN_DEPTH ? NULL : queryMake(s, QUERY_SPAN), *kid;
  const char *p, *to;
  if (!q) return NULL;
  q->op = group ? (u8)SPAN_OR : query_spans[call].op;
  q->slop = q->op == SPAN_NEAR || q->op == SPAN_ORDERED ? QUERY_SPAN_SLOP : 0;
  for (;;) {
    p = *at = queryBlanks(*at, s->end);
    if (p == s->end) return NULL;
    if (*p == ')') break;
    to = comma && !group ? querySpanNumber(p, s->end, &q->slop) : NULL;
    number |= to != NULL;
    comma = *p == ',';
    if (to || comma) {
      *at = to ? to : p + 1;
      continue;
    }
    if (group && s->end - p > 2 && snAsciiEq(p, 2, "OR", 2) &&
        p[0] == 'O' && queryBlank(p + 2, s->end)) {
      *at = p + 2;
      continue;
    }
    kid = querySpanPart(s, at, depth);
    if (!kid) return NULL;
    snQueryAdd(q, kid, OCCUR_SHOULD);
  }
  *at = p + 1;
  if (number && q->op >= SPAN_WITHIN) return NULL;
  if (q->op == SPAN_FIRST && !number) return NULL;
  if (group) return q->nkids ? q : NULL;
  return q->nkids >= query_spans[call].least &&
      q->nkids <= query_spans[call].most ? q : NULL;
}

/* Takes the call whose name [p, p+n) stands before a parenthesis. */
static bool queryCall(QueryParser *s, const char *p, size_t n,
    QueryField field) {
  u32 call = querySpanCall(p, n);
  const char *at = p + n + 1;
  Query *q;
  if (call == SN_COUNT(query_spans)) return false;
  q = querySpan(s, &at, call, 0);
  if (!q) {
    querySlip(s, p, call < 2 ? "%s takes parts, and a number if one likes: "
        "%s(red fox, 5)" : call == 2 ? "%s takes a part and a number: "
        "%s(fox, 5)" : "%s takes two parts: %s(fox, \"red fox\")",
        query_spans[call].name, query_spans[call].name);
    return s->rc != SEINE_OK;
  }
  s->p = at;
  queryInField(s, q, field);
  queryBoost(s, q);
  queryClause(s, q);
  return true;
}

/* ---- Clauses that begin with a letter ------------------------------------ */

/* A name of n bytes and a colon before `at`: does a value follow? */
static bool queryIsField(const QueryParser *s, ptrdiff_t n, const char *at) {
  if (at == s->end) return false;
  return *at == '"' || (*at == '(' && n <= (ptrdiff_t)QUERY_NAME_MAX);
}

/* In a check a name before a colon is that of a column. */
static void querySlipField(QueryParser *s, const char *at, QueryField field) {
  if (s->slip && !s->rc && snTableColumn(s->table, field.p, field.n) < 0)
    querySlip(s, at, "there is no column %.40s; \\: is a colon of a word",
        field.p);
}

static void queryWord(QueryParser *s) {
  const char *from = s->p, *colon, *stop;
  QueryField field = {NULL, 0};
  if (s->level[s->depth].field.p && queryRange(s, from, field)) return;
  stop = queryWordEnd(from, s->end, &colon);
  s->p = stop;
  if (queryOperator(s, from, (size_t)(stop - from))) return;
  if (stop < s->end && *stop == '(') {
    const char *name = colon ? colon + 1 : from;
    if (colon) field.p = queryCopy(s, from, (size_t)(colon - from), &field.n);
    if (field.p) querySlipField(s, from, field);
    if (s->rc || queryCall(s, name, (size_t)(stop - name), field)) return;
    field = (QueryField){NULL, 0};
  }
  if (colon && colon + 1 == stop && !queryIsField(s, colon - from, stop)) {
    querySlip(s, colon, "a value must follow the colon; \\: is a colon of a "
        "word");
    colon = NULL;
  }
  if (colon) {
    field.p = queryCopy(s, from, (size_t)(colon - from), &field.n);
    if (!field.p) return;
    querySlipField(s, from, field);
    from = colon + 1;
    if (from < s->end && *from == '/' && queryRegexp(s, from, field)) return;
    if ((from == stop || strchr("[{<>", *from)) &&
        queryBehindColon(s, from, stop, field)) {
      return;
    }
  }
  queryRaw(s, from, (size_t)(stop - from), field);
}

/* + or -: belongs to the clause right behind it. */
static void querySign(QueryParser *s) {
  const char *p = s->p;
  QueryLevel *l = &s->level[s->depth];
  while (p < s->end && queryIsSign(*p)) p++;
  if (p == s->end || *p == ')' || queryBlank(p, s->end)) {
    querySlip(s, s->p, "a word must follow this sign right behind it");
    s->p = p;
  } else if (p - s->p > 1) {
    querySlip(s, s->p + 1, "two signs in a row");
    queryWord(s);
  } else {
    if (*s->p == '-') queryNegate(s, QUERY_MOD_MINUS, s->p);
    else if (!l->mod) l->mod = QUERY_MOD_PLUS;
    else querySlip(s, s->p, "two signs in a row");
    l->sign = s->p;
    s->p = p;
  }
}

/* Between words and a blank it is only punctuation. */
static void queryBang(QueryParser *s) {
  const QueryLevel *l = &s->level[s->depth];
  s->p++;
  if (l->first && !l->link && s->p < s->end && queryBlank(s->p, s->end)) {
    querySlip(s, s->p - 1, "a word must follow this sign right behind it");
    return;
  }
  queryNegate(s, QUERY_MOD_NOT, s->p - 1);
}

static void queryStep(QueryParser *s) {
  const QueryField none = {NULL, 0};
  char c = *s->p;
  bool twice = s->end - s->p > 1 && s->p[1] == c;
  switch (c) {
    case '(': queryOpen(s, none); return;
    case ')': queryParen(s); return;
    case '"': queryQuoted(s, none); return;
    case '+': case '-': querySign(s); return;
    case '!': queryBang(s); return;
    case '/':
      if (queryRegexp(s, s->p, none)) return;
      break;
    case '&': case '|':
      if (!twice) break;
      s->p += 2;
      queryJoin(s, c == '&' ? QUERY_LINK_AND : QUERY_LINK_OR, s->p - 2);
      return;
    default: break;
  }
  queryWord(s);
}

static int queryRun(QueryParser *s, Query **out) {
  Query *q;
  *out = NULL;
  s->rc = SEINE_OK;
  s->depth = s->flat = 0;
  memset(&s->level[0], 0, sizeof s->level[0]);
  while (!s->rc) {
    s->p = queryBlanks(s->p, s->end);
    if (s->p == s->end) break;
    queryStep(s);
  }
  if (s->depth)
    querySlip(s, s->level[s->depth].open, "the ) of this ( is missing");
  while (!s->rc && s->depth) queryClose(s);
  q = s->rc ? NULL : queryLevelEnd(s, &s->level[0]);
  if (!q) querySlip(s, s->start, "nothing is asked for");
  if (!q && !s->rc) q = queryMake(s, QUERY_NONE);
  *out = s->rc ? NULL : q;
  return s->rc;
}

static int queryBegin(QueryParser *s, Arena *a, const char *p, size_t n) {
  if (n > UINT32_MAX) return SN_NOMEM;
  if (!n) p = "";
  s->arena = a;
  s->start = s->p = p;
  s->end = p + n;
  s->op_and = false;
  s->table = NULL;
  s->slip = NULL;
  return SEINE_OK;
}

int snQueryParse(Arena *a, const char *p, size_t n, bool op_and,
    Query **out) {
  QueryParser s;
  int rc = queryBegin(&s, a, p, n);
  *out = NULL;
  s.op_and = op_and;
  return rc ? rc : queryRun(&s, out);
}

int snQueryCheck(Arena *a, const Table *t, const char *p, size_t n,
    QuerySlip *out) {
  QueryParser s;
  Query *q;
  int rc = queryBegin(&s, a, p, n);
  out->message[0] = 0;
  out->at = 0;
  s.table = t;
  s.slip = out;
  return rc ? rc : queryRun(&s, &q);
}

#undef QUERY_DEPTH
#undef QUERY_OCCUR_BUT
#undef QUERY_BOOST_MAX
#undef QUERY_SLOP_MAX
#undef QUERY_SPAN_DEPTH
#undef QUERY_SPAN_SLOP
#undef QUERY_NAME_MAX
