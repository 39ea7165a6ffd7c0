/*
** feed: the tokens of a statement, one by one, to the grammar.
**
** Some words mean something in one place alone, where a grammar that sees one
** token ahead would have to take them for it everywhere, and no column could
** have their name.  They are told apart here, by the tokens around them:
**
** (1) Each token is looked at a fixed number of times, whatever the text.
** (2) What stands in quotes is never such a word.
*/
#include "sql/sqlInt.h"
#include "sql/parse.h"

#define FEED_DEPTH 2048u /* nested deeper, a word means less */
#define FEED_LOOK  1024u /* tokens between two looks whether to stop */
#define FEED_STACK (512u << 10) /* bytes of the stack of the parser, at most */

/* What opened a parenthesis. */
typedef enum FeedCall {
  FEED_PLAIN,
  FEED_POSITION,      /* position(x IN y), before IN */
  FEED_LIST,          /* list_filter(a, x -> f), before the comma */
  FEED_LAMBDA,        /* ... before the arrow */
  FEED_TWO,           /* aggregate(a, s, (s, x) -> f, s -> f), the same */
  FEED_TWO_LAMBDA
} FeedCall;

typedef struct Feed {
  Parse *p;
  u32 at;             /* behind the token */
  int was;            /* the token before it, or 0 */
  u32 depth;          /* of ( that are open */
  u8 call[FEED_DEPTH]; /* FeedCall of each */
} Feed;

/* IGNORE and RESPECT are words of the language before NULLS only.  The two
** are one token, another one where the arguments of a call end behind it. */
static int feedNullMode(const Parse *p, Token word, u32 *at) {
  bool ignore = snAsciiEq(word.p, word.n, "IGNORE", 6);
  u32 next = *at, behind;
  Token k;
  if (!ignore && !snAsciiEq(word.p, word.n, "RESPECT", 7)) return TK_ID;
  if (snLexNext(p->sql, p->n, &next, &k) != TK_NULLS) return TK_ID;
  *at = behind = next;
  if (snLexNext(p->sql, p->n, &behind, &k) == TK_RP)
    return ignore ? TK_IGNOREIN : TK_RESPECTIN;
  return ignore ? TK_IGNORENULLS : TK_RESPECTNULLS;
}

/* Words that are one token with the word behind them; before: the one in front
** of them, or NULL. */
static int feedPair(const Parse *p, Token word, u32 *at) {
  static const struct { const char *before, *a, *b; int token; } pairs[] = {
      {NULL, "fetch", "first", TK_FETCH}, {NULL, "fetch", "next", TK_FETCH},
      {NULL, "generated", "always", TK_GENERATED},
      {NULL, "indexed", "by", TK_INDEXEDBY},
      {NULL, "similar", "to", TK_SIMILARTO},
      {"explain", "query", "plan", TK_QUERYPLAN}};
  for (u32 i = 0; i < SN_COUNT(pairs); i++) {
    u32 next = *at;
    Token k;
    if (!snAstIs(word, pairs[i].a) ||
        (pairs[i].before && !snAstIs(p->last, pairs[i].before)) ||
        !snLexNext(p->sql, p->n, &next, &k) || !snAstIs(k, pairs[i].b))
      continue;
    *at = next;
    return pairs[i].token;
  }
  return TK_ID;
}

/* USING SAMPLE is one token before a number or what is in parentheses: the rows
** of DELETE may be USING a table of that name. */
static int feedSample(const Parse *p, u32 *at) {
  u32 next = *at, behind;
  Token k;
  (void)snLexNext(p->sql, p->n, &next, &k);
  if (!snAstIs(k, "sample")) return TK_USING;
  behind = next;
  int how = snLexNext(p->sql, p->n, &behind, &k);
  if (how == TK_ID) how = snLexNext(p->sql, p->n, &behind, &k);
  if (how != TK_LP && how != TK_INTEGER && how != TK_FLOAT) return TK_USING;
  *at = next;
  return TK_USINGSAMPLE;
}

/* FROM is that of nth_value(x, n) FROM LAST when FIRST or LAST stands behind
** it and then what only a window function has: two tokens further than the
** grammar sees.  Returns the token to take for it and moves behind. */
static int feedFromEnd(const Parse *p, u32 *at) {
  u32 next = *at, behind;
  Token k;
  int end = snLexNext(p->sql, p->n, &next, &k), t;
  if (end != TK_FIRST && end != TK_LAST) return TK_FROM;
  behind = next;
  t = snLexNext(p->sql, p->n, &behind, &k);
  if (t == TK_ID) t = feedNullMode(p, k, &behind);
  if (t == TK_OVER) {
    t = snLexNext(p->sql, p->n, &behind, &k);
    if (t != TK_LP && t != TK_ID) return TK_FROM;
  } else if (t != TK_IGNORENULLS && t != TK_RESPECTNULLS) {
    return TK_FROM;
  }
  *at = next;
  return end == TK_FIRST ? TK_FROMFIRST : TK_FROMLAST;
}

/* ASOF is a word of the language before a join only, and no name of the table
** in front of it there unless AS says so. */
static int feedAsof(const Parse *p, Token word, u32 at) {
  static const int joins[] = {TK_JOIN, TK_INNER, TK_LEFT, TK_RIGHT, TK_FULL,
      TK_CROSS, TK_SEMIJOIN, TK_ANTI};
  Token k;
  if (!snAstIs(word, "asof") || snAstIs(p->last, "as")) return TK_ID;
  int t = snLexNext(p->sql, p->n, &at, &k);
  for (u32 i = 0; i < SN_COUNT(joins); i++)
    if (t == joins[i]) return TK_ASOF;
  return TK_ID;
}

/* INTERVAL '2' DAY: a text that has no unit, and the unit behind it.  Behind
** any other text a word is the name of a column. */
static int feedInterval(const Parse *p, u32 at) {
  Token text, unit;
  if (snLexNext(p->sql, p->n, &at, &text) != TK_STRING) return TK_INTERVAL;
  for (u32 i = 1; i + 1 < text.n; i++)
    if (!strchr("+-0123456789. ", text.p[i])) return TK_INTERVAL;
  if (snLexNext(p->sql, p->n, &at, &unit) != TK_ID ||
      snDateUnit(unit.p, unit.n) == DATE_NONE)
    return TK_INTERVAL;
  return TK_INTERVALOF;
}

/* a[1:n]: behind a value :n is no parameter. */
static bool feedIsColon(const Feed *f, Token k) {
  static const int ends[] = {TK_ID, TK_INTEGER, TK_FLOAT, TK_STRING, TK_RP,
      TK_RB, TK_PARAM, TK_NULL, TK_END};
  for (u32 i = 0; *k.p == ':' && i < SN_COUNT(ends); i++)
    if (f->was == ends[i]) return true;
  return false;
}

/* Counts parentheses; IN is another token in those of position(), and -> in
** those of a function that takes a lambda, but not of EXISTS (SELECT ...). */
static int feedParen(Feed *f, int t, Token last) {
  u8 *call = f->call + (f->depth + (t == TK_LP)) % FEED_DEPTH;
  switch (t) {
  case TK_LP:
    f->depth++;
    *call = snAstIs(last, "position") ? FEED_POSITION
        : snLambdaCount(last) == 2    ? FEED_TWO
        : snLambdaCount(last)         ? FEED_LIST : FEED_PLAIN;
    return t;
  case TK_RP:
    if (f->depth) f->depth--;
    return t;
  case TK_IN:
    if (*call != FEED_POSITION || f->was == TK_NOT) return t;
    *call = FEED_PLAIN;
    return TK_POSITIONIN;
  case TK_COMMA:
    if (*call == FEED_LIST) *call = FEED_LAMBDA;
    if (*call == FEED_TWO) *call = FEED_TWO_LAMBDA;
    return t;
  case TK_JSONGET:
    if (*call != FEED_LAMBDA && *call != FEED_TWO_LAMBDA) return t;
    *call = *call == FEED_LAMBDA ? FEED_PLAIN : FEED_LIST;
    return TK_LAMBDA;
  default: /* SELECT, VALUES */
    *call = FEED_PLAIN;
    return t;
  }
}

/* The token that the grammar gets for t, which is k. */
static int feedToken(Feed *f, int t, Token *k) {
  const Parse *p = f->p;
  switch (t) {
  case TK_ID:
    if (p->last.n) t = feedNullMode(p, *k, &f->at);
    if (t == TK_ID) t = feedAsof(p, *k, f->at);
    return t == TK_ID ? feedPair(p, *k, &f->at) : t;
  case TK_USING: return feedSample(p, &f->at);
  case TK_INTERVAL: return feedInterval(p, f->at);
  case TK_FROM: return f->was == TK_RP ? feedFromEnd(p, &f->at) : t;
  case TK_LP: case TK_RP: case TK_IN: case TK_COMMA: case TK_JSONGET:
  case TK_SELECT: case TK_VALUES:
    return feedParen(f, t, p->last);
  case TK_PARAM:
    if (!feedIsColon(f, *k)) return t;
    k->n = 1;
    f->at = k->at + 1;
    return TK_COLON;
  default: return t;
  }
}

static void feedIllegal(Parse *p, Token k) {
  if (*k.p == '\'' || *k.p == '"' || *k.p == '`')
    (void)snParseError(p, k.at, "a quote is opened here and never closed");
  else if (*k.p == '.' || (*k.p >= '0' && *k.p <= '9'))
    (void)snParseError(p, k.at, "no number and no name: %.*s",
        (int)SN_MIN(k.n, 60u), k.p);
  else
    (void)snParseError(p, k.at, "a character that SQL does not know");
}

/* Most statements need the first hundred places alone.  NULL counts as nested
** too deeply, unless it was memory that is missing. */
void *snParseStack(Parse *p, void *old, size_t n) {
  if (n > FEED_STACK) return NULL;
  void *to = snMemRealloc(p->arena->budget, old, n);
  if (!to) p->rc = SN_NOMEM;
  return to;
}

int snFeed(Parse *p, u32 *end) {
  const volatile int *stop = snMemStop(p->arena->budget);
  Feed f = {.p = p};
  int t;
  u64 parser[PARSE_ROOM / 8];
  snParseInit(parser, p);
  for (u32 n = 1; !p->rc; n++) {
    Token k;
    if (n % FEED_LOOK == 0 && snStops(stop)) {
      p->rc = SEINE_INTERRUPT;
      break;
    }
    t = snLexNext(p->sql, p->n, &f.at, &k);
    if (p->most && f.at > p->most && t && t != TK_SEMI) {
      snParseLong(p);
      break;
    }
    if (t == TK_ILLEGAL) {
      feedIllegal(p, k);
      break;
    }
    t = feedToken(&f, t, &k);
    p->last = k;
    f.was = t;
    snParse(parser, t ? t : TK_SEMI, k);
    if (!t || t == TK_SEMI) break;
  }
  if (!p->rc) {
    Token none = {p->sql + p->n, 0, p->n};
    snParse(parser, 0, none);
  }
  snParseFinalize(parser);
  *end = f.at;
  return p->rc;
}

#undef FEED_DEPTH
#undef FEED_LOOK
#undef FEED_STACK
