/*
** query_bind: gives the leaves of a query their columns.  A word becomes
** what the type of its column makes of it: a term, a phrase of terms, a
** prefix, a range of numbers.
**
** (1) The tree that comes in is not changed: a statement may bind it again.
**     Texts of the result live in the arena, but for nodes bound before.
** (2) The result has no RAW; its RANGE, TERM, PHRASE and PREFIX have a
**     column; each BOOL has a kid that is not OCCUR_NOT.
** (3) A word of which the analyzer leaves nothing (a stop word) is dropped
**     from its boolean, and so is a boolean of which nothing is left.  What
**     is no value of its column's type matches nothing and stays.
** (4) Bounds of numbers: a typed text stands for all values from first to
**     last ("2015-05" for a month, "5.5" for none of the integers).  >= is
**     from first, > from behind last, <= up to last, < up to before first.
** (5) No recursion: open booleans are a list in the arena.
*/
#include "match/match.h"

#define QUERY_DAY_US     86400000000ll
#define QUERY_BOOST_TOP  1e30f
#define QUERY_FUZZY_MOST 50u

typedef struct QueryBinder {
  Arena *arena;
  const Table *t;
  const QueryColumns *columns;
  const QueryCut *cut;
  Buf tmp;
} QueryBinder;

/* A BOOL or MAX whose kids are being bound. */
typedef struct QueryOpenNode {
  struct QueryOpenNode *up;
  const Query *from, *kid;
  Query *to;
} QueryOpenNode;

/* Values a text stands for, in numbers that cannot overflow. */
typedef struct QuerySpread {
  i128 first, last;
} QuerySpread;

/* ---- Nodes -------------------------------------------------------------- */

/* Each gives *out a node with the boost of q; NOMEM only. */
static int queryNode(QueryBinder *b, const Query *q, QueryKind k, u32 column,
    Query **out) {
  Query *n = *out = snQueryNew(b->arena, k);
  if (!n) return SN_NOMEM;
  n->boost = q->boost;
  n->column = column;
  return SEINE_OK;
}

static int queryDup(QueryBinder *b, const void *p, u32 n, const char **out) {
  *out = snArenaDup(b->arena, p, n);
  return *out ? SEINE_OK : SN_NOMEM;
}

static int queryTextNode(QueryBinder *b, const Query *q, QueryKind k,
    u32 column, const void *p, u32 n, Query **out) {
  int rc = queryNode(b, q, k, column, out);
  if (rc) return rc;
  (*out)->len = n;
  return queryDup(b, p, n, &(*out)->text);
}

static int queryNothing(QueryBinder *b, const Query *q, Query **out) {
  return queryNode(b, q, QUERY_NONE, QUERY_NO_COLUMN, out);
}

static int queryEverything(QueryBinder *b, const Query *q, Query **out) {
  return queryNode(b, q, QUERY_ALL, QUERY_NO_COLUMN, out);
}

/* A column of queries has no words to look for. */
static u8 queryType(const QueryBinder *b, u32 column) {
  const Column *c = b->t->col + column;
  size_t n;
  return snTableTarget(c, &n) ? TYPE_NULL : c->type & (u8)~TYPE_ARRAY;
}

/* ---- Words of a TEXT column --------------------------------------------- */

/* The tokens [i, j) of one position as a node. */
static int queryPlace(QueryBinder *b, u32 column, const CutTokens *t, u32 i,
    u32 j, bool prefix, Query **out) {
  static const Query plain = {.boost = 1};
  QueryKind kind = prefix ? QUERY_PREFIX : QUERY_TERM;
  Query *kid;
  int rc;
  if (j == i + 1)
    return queryTextNode(b, &plain, kind, column, t->bytes + t->at[i],
        t->len[i], out);
  rc = queryNode(b, &plain, QUERY_SPAN, column, out);
  for (; !rc && i < j; i++) {
    rc = queryTextNode(b, &plain, kind, column, t->bytes + t->at[i],
        t->len[i], &kid);
    if (!rc) snQueryAdd(*out, kid, OCCUR_SHOULD);
  }
  return rc;
}

/* Several words at one place, or a last one that only begins so, make a SPAN of
** what would be a PHRASE. */
static int queryPhrase(QueryBinder *b, const Query *q, u32 column,
    const CutTokens *t, Query **out) {
  bool plain = true;
  int rc = queryNode(b, q, QUERY_PHRASE, column, out);
  for (u32 i = 0, j; !rc && i < t->n; i = j) {
    bool last;
    Query *kid;
    for (j = i + 1; j < t->n && t->pos[j] == t->pos[i];) j++;
    last = j == t->n && q->quoted && q->prefix;
    rc = queryPlace(b, column, t, i, j, last, &kid);
    if (rc) break;
    kid->pos = t->pos[i] - t->pos[0];
    snQueryAdd(*out, kid, OCCUR_MUST);
    plain = plain && kid->kind == QUERY_TERM;
  }
  if (rc) return rc;
  (*out)->slop = q->quoted ? q->slop : 0;
  if (plain) return SEINE_OK;
  (*out)->kind = QUERY_SPAN;
  (*out)->op = q->quoted && q->slop ? SPAN_NEAR : SPAN_PHRASE;
  return SEINE_OK;
}

/* Tokens of one position: the best of them, equally frequent. */
static int queryTwins(QueryBinder *b, const Query *q, u32 column,
    const CutTokens *t, Query **out) {
  Query *kid;
  int rc = queryNode(b, q, QUERY_MAX, column, out);
  if (rc) return rc;
  (*out)->blend = true;
  for (u32 i = 0; !rc && i < t->n; i++) {
    rc = queryPlace(b, column, t, i, i + 1, q->quoted && q->prefix, &kid);
    if (!rc) snQueryAdd(*out, kid, OCCUR_SHOULD);
  }
  return rc;
}

static u32 queryEdits(const Query *q, const char *p, u32 n) {
  u32 chars;
  if (q->edits != QUERY_EDITS_AUTO) return q->edits;
  chars = snUtfCount(p, n);
  return chars < 3 ? 0 : chars < 6 ? 1 : 2;
}

/* The terms near a word; with no edits the term. */
static int queryNear(QueryBinder *b, const Query *q, u32 column,
    const void *p, u32 n, Query **out) {
  u32 edits = queryEdits(q, p, n);
  int rc = queryTextNode(b, q, edits ? QUERY_FUZZY : QUERY_TERM, column, p, n,
      out);
  if (rc || !edits) return rc;
  (*out)->edits = (u8)edits;
  (*out)->fixed = q->fixed;
  (*out)->most = q->most ? q->most : (u32)SN_MIN(QUERY_FUZZY_MOST,
      snLimit(b->arena->budget, SEINE_LIMIT_FUZZY));
  return SEINE_OK;
}

/* Each of the tokens may be edited; all are needed. */
static int queryNearAll(QueryBinder *b, const Query *q, u32 column,
    const CutTokens *t, Query **out) {
  Query one = *q, *kid;
  int rc = t->n > 1 ? queryNode(b, q, QUERY_BOOL, column, out) : SEINE_OK;
  if (t->n > 1) one.boost = 1;
  for (u32 i = 0; !rc && i < t->n; i++) {
    rc = queryNear(b, &one, column, t->bytes + t->at[i], t->len[i], &kid);
    if (rc) break;
    if (t->n > 1) snQueryAdd(*out, kid, OCCUR_MUST);
    else *out = kid;
  }
  return rc;
}

/* *out stays 0 when the analyzer leaves nothing. */
static int queryCutText(QueryBinder *b, const Query *q, u32 column,
    Query **out) {
  CutTokens t;
  int rc;
  memset(&t, 0, sizeof t);
  rc = b->cut->cut(b->cut->arg, &b->t->col[column], (const u8 *)q->text,
      q->len, &t);
  if (rc || !t.n) return rc;
  if (q->edits) return queryNearAll(b, q, column, &t, out);
  if (t.pos[t.n - 1] != t.pos[0]) return queryPhrase(b, q, column, &t, out);
  if (t.n > 1 || (q->quoted && q->prefix))
    return queryTwins(b, q, column, &t, out);
  return queryTextNode(b, q, QUERY_TERM, column, t.bytes + t.at[0], t.len[0],
      out);
}

/* The text folded as the column folds it: in b->tmp. */
static int queryFold(QueryBinder *b, u32 column, const char *p, u32 n) {
  int rc;
  b->tmp.n = 0;
  if (queryType(b, column) == TYPE_TEXT && n) {
    rc = b->cut->fold(b->cut->arg, &b->t->col[column], (const u8 *)p, n,
        &b->tmp);
    if (rc) return rc;
  } else {
    snBufAdd(&b->tmp, p, n);
  }
  if (!b->tmp.rc && b->tmp.n > UINT32_MAX) return SN_NOMEM;
  return b->tmp.rc;
}

static int queryPrefix(QueryBinder *b, const Query *q, u32 column,
    Query **out) {
  int rc = queryFold(b, column, q->text, q->len);
  if (rc) return rc;
  if (!b->tmp.n) return queryEverything(b, q, out);
  return queryTextNode(b, q, QUERY_PREFIX, column, b->tmp.data,
      (u32)b->tmp.n, out);
}

int snQueryRegex(Budget *b, const Query *q, Regex **out) {
  char message[REGEX_MESSAGE];
  u32 at, flags = q->regexp ? REGEX_WHOLE : REGEX_WILD;
  if (q->fold) flags |= REGEX_FOLD;
  return snRegexNew(b, q->text, q->len, flags, out, message, &at);
}

/* What is no pattern is read as words. */
static int queryPatternGood(QueryBinder *b, const Query *q, u32 column,
    Query **out) {
  Regex *regex;
  Query words = *q;
  int rc = snQueryRegex(b->arena->budget, *out, &regex);
  if (!rc) snRegexFree(regex);
  if (rc != SEINE_ERROR && rc != SEINE_TOOBIG) return rc;
  words.wild = words.regexp = words.prefix = false;
  *out = NULL;
  if (queryType(b, column) == TYPE_TEXT)
    return queryCutText(b, &words, column, out);
  return queryNear(b, &words, column, q->text, q->len, out);
}

/* A wildcard is folded as the column folds words.  A regexp is not, since that
** would change its signs; it ignores case where the column does. */
static int queryPattern(QueryBinder *b, const Query *q, u32 column,
    Query **out) {
  int rc = queryFold(b, column, q->regexp ? "A" : q->text,
      q->regexp ? 1 : q->len);
  bool fold = !rc && b->tmp.n && b->tmp.data[0] == 'a';
  const void *p = q->regexp ? (const void *)q->text : b->tmp.data;
  if (!rc)
    rc = queryTextNode(b, q, QUERY_PATTERN, column, p,
        q->regexp ? q->len : (u32)b->tmp.n, out);
  if (rc) return rc;
  (*out)->regexp = q->regexp;
  (*out)->wild = !q->regexp;
  (*out)->fold = q->regexp && fold;
  return queryPatternGood(b, q, column, out);
}

/* ---- Texts as numbers --------------------------------------------------- */

static bool queryDigits(const char *p, size_t n) {
  for (size_t i = 0; i < n; i++) {
    if ((u8)(p[i] - '0') > 9) return false;
  }
  return true;
}

/* "2015", "2015-05" or "2015-05-17" in days. */
static bool queryDays(const char *p, size_t n, QuerySpread *out) {
  char day[10] = {'0', '0', '0', '0', '-', '0', '1', '-', '0', '1'};
  Interval month = {12, 0};
  i64 first;
  if (n != 4 && n != 7) {
    if (!snDateParse(p, n, &first)) return false;
    *out = (QuerySpread){first, first};
    return true;
  }
  if (!queryDigits(p, 4)) return false;
  if (n == 7) month.months = 1;
  memcpy(day, p, n);
  if (!snDateParse(day, sizeof day, &first)) return false;
  out->first = first;
  out->last = snDateAdd(first * QUERY_DAY_US, month, 1) / QUERY_DAY_US - 1;
  return true;
}

/* Days of a moment: none at all unless it is midnight. */
static QuerySpread queryMidnight(i64 us) {
  i64 day = us / QUERY_DAY_US, rest = us % QUERY_DAY_US;
  if (rest < 0) day--, rest += QUERY_DAY_US;
  return (QuerySpread){day + (rest > 0), day};
}

static bool queryWhole(const char *p, size_t n, QuerySpread *out) {
  double d;
  i64 v;
  if (snNumInt(p, n, &v)) {
    *out = (QuerySpread){v, v};
    return true;
  }
  if (!snNumReal(p, n, &d) || isnan(d)) return false;
  d = SN_MIN(SN_MAX(d, -1e30), 1e30);
  *out = (QuerySpread){(i128)ceil(d), (i128)floor(d)};
  return true;
}

static bool querySpread(u8 type, const char *p, size_t n, QuerySpread *out) {
  i64 v;
  switch (type) {
    case TYPE_INTEGER: return queryWhole(p, n, out);
    case TYPE_DATE:
      if (queryDays(p, n, out)) return true;
      if (!snTimeParse(p, n, &v)) return false;
      *out = queryMidnight(v);
      return true;
    case TYPE_TIMESTAMP:
      if (queryDays(p, n, out)) {
        out->first *= QUERY_DAY_US;
        out->last = (out->last + 1) * QUERY_DAY_US - 1;
        return true;
      }
      break;
    default: break;
  }
  if (!snTypeParseInt(type, p, n, &v)) return false;
  *out = (QuerySpread){v, v};
  return true;
}

/* ---- Ranges ------------------------------------------------------------- */

/* What matches nothing leaves *some false. */
static void queryInts(u8 type, const Query *q, i64 *from, i64 *to,
    bool *some) {
  i128 lo = INT64_MIN, hi = INT64_MAX;
  QuerySpread s;
  *some = false;
  if (q->lo) {
    if (!querySpread(type, q->lo, q->lo_len, &s)) return;
    lo = SN_MAX(lo, q->lo_open ? s.last + 1 : s.first);
  }
  if (q->hi) {
    if (!querySpread(type, q->hi, q->hi_len, &s)) return;
    hi = SN_MIN(hi, q->hi_open ? s.first - 1 : s.last);
  }
  *some = lo <= hi;
  if (!*some) return;
  *from = (i64)lo;
  *to = (i64)hi;
}

static void queryReals(const Query *q, double *from, double *to,
    bool *some) {
  double lo = -HUGE_VAL, hi = HUGE_VAL;
  *some = false;
  if (q->lo) {
    if (!snNumReal(q->lo, q->lo_len, &lo) || isnan(lo)) return;
    if (q->lo_open && lo == HUGE_VAL) return;
    if (q->lo_open) lo = nextafter(lo, HUGE_VAL);
  }
  if (q->hi) {
    if (!snNumReal(q->hi, q->hi_len, &hi) || isnan(hi)) return;
    if (q->hi_open && hi == -HUGE_VAL) return;
    if (q->hi_open) hi = nextafter(hi, -HUGE_VAL);
  }
  *some = lo <= hi;
  *from = lo;
  *to = hi;
}

static int queryNumbers(QueryBinder *b, const Query *q, u32 column,
    Query **out) {
  u8 type = queryType(b, column);
  i64 lo = 0, hi = 0;
  double rlo = 0, rhi = 0;
  bool some;
  int rc;
  if (type == TYPE_REAL) queryReals(q, &rlo, &rhi, &some);
  else queryInts(type, q, &lo, &hi, &some);
  if (!some) return queryNothing(b, q, out);
  rc = queryNode(b, q, QUERY_RANGE, column, out);
  if (rc) return rc;
  (*out)->lo_int = lo;
  (*out)->hi_int = hi;
  (*out)->lo_real = rlo;
  (*out)->hi_real = rhi;
  return SEINE_OK;
}

/* A bound of a dictionary's column as its terms have it. */
static int queryBound(QueryBinder *b, u32 column, const char *p, u32 n,
    const char **to, u32 *len, bool *good) {
  u8 type = queryType(b, column);
  int rc;
  if (!p) return SEINE_OK;
  b->tmp.n = 0;
  if (type == TYPE_IP) {
    *good = *good && snTypeParseStr(TYPE_IP, p, n, &b->tmp);
    rc = b->tmp.rc;
  } else {
    rc = queryFold(b, column, p, n);
  }
  if (rc) return rc;
  *len = (u32)b->tmp.n;
  return queryDup(b, b->tmp.n ? (const void *)b->tmp.data : "", *len, to);
}

/* TEXT, KEYWORD and IP: bounds of terms. */
static int queryTerms(QueryBinder *b, const Query *q, u32 column,
    Query **out) {
  bool good = true;
  int rc = queryNode(b, q, QUERY_RANGE, column, out), c;
  Query *r = *out;
  if (rc) return rc;
  r->lo_open = q->lo_open && q->lo;
  r->hi_open = q->hi_open && q->hi;
  rc = queryBound(b, column, q->lo, q->lo_len, &r->lo, &r->lo_len, &good);
  if (rc) return rc;
  rc = queryBound(b, column, q->hi, q->hi_len, &r->hi, &r->hi_len, &good);
  if (rc) return rc;
  if (good && r->lo && r->hi) {
    c = snStrCmp(r->lo, r->lo_len, r->hi, r->hi_len);
    good = c < 0 || (c == 0 && !r->lo_open && !r->hi_open);
  }
  return good ? SEINE_OK : queryNothing(b, q, out);
}

static int queryRangeColumn(QueryBinder *b, const Query *q, u32 column,
    Query **out) {
  switch (queryType(b, column)) {
    case TYPE_TEXT: case TYPE_KEYWORD: case TYPE_IP:
      return queryTerms(b, q, column, out);
    case TYPE_BOOLEAN: case TYPE_INTEGER: case TYPE_REAL:
    case TYPE_TIMESTAMP: case TYPE_DATE:
      return queryNumbers(b, q, column, out);
    default: return queryNothing(b, q, out);
  }
}

/* ---- Words of other columns --------------------------------------------- */

/* "10.0.0.0/8": the addresses of a network. */
static int queryNetwork(QueryBinder *b, const Query *q, u32 column,
    Query **out) {
  const char *slash = memchr(q->text, '/', q->len);
  size_t n = slash ? (size_t)(slash - q->text) : 0, rest;
  u8 lo[16], hi[16];
  bool v4;
  i64 bits;
  int rc;
  if (!slash) return queryNothing(b, q, out);
  rest = q->len - n - 1;
  v4 = !memchr(q->text, ':', n);
  if (!rest || rest > 3 || !queryDigits(slash + 1, rest) ||
      !snNumInt(slash + 1, rest, &bits) || bits > (v4 ? 32 : 128) ||
      !snIpParse(q->text, n, lo)) {
    return queryNothing(b, q, out);
  }
  if (v4) bits += 96;
  memcpy(hi, lo, 16);
  for (i64 i = bits; i < 128; i++) {
    u8 bit = (u8)(0x80u >> (i & 7));
    lo[i >> 3] &= (u8)~bit;
    hi[i >> 3] |= bit;
  }
  rc = queryNode(b, q, QUERY_RANGE, column, out);
  if (!rc) rc = queryDup(b, lo, 16, &(*out)->lo);
  if (!rc) rc = queryDup(b, hi, 16, &(*out)->hi);
  if (!rc) (*out)->lo_len = (*out)->hi_len = 16;
  return rc;
}

static int queryAddress(QueryBinder *b, const Query *q, u32 column,
    Query **out) {
  u8 ip[16];
  if (!snIpParse(q->text, q->len, ip)) return queryNetwork(b, q, column, out);
  return queryTextNode(b, q, QUERY_TERM, column, ip, 16, out);
}

/* field:* stands for all that have a value there, as [* TO *] does. */
static int queryAny(QueryBinder *b, const Query *q, u32 column,
    Query **out) {
  Query all = *q;
  all.lo = all.hi = NULL;
  if (queryType(b, column) == TYPE_GEOPOINT) {
    return queryNumbers(b, &all, column, out);
  }
  return queryRangeColumn(b, &all, column, out);
}

static int queryRawColumn(QueryBinder *b, const Query *q, u32 column,
    Query **out);

/* The parts of a SPAN in one column.  A stop word is no part; of two parts the
** first stays then.  As deep as the parser allows. */
static int querySpanParts(QueryBinder *b, const Query *q, u32 column,
    Query **out) {
  bool two = q->op >= SPAN_WITHIN;
  Query *to, *kid;
  int rc = queryNode(b, q, QUERY_SPAN, column, &to);
  if (rc) return rc;
  to->op = q->op;
  to->slop = q->slop;
  for (const Query *k = q->kids; k; k = k->next) {
    kid = NULL;
    rc = k->kind == QUERY_SPAN ? querySpanParts(b, k, column, &kid)
                               : queryRawColumn(b, k, column, &kid);
    if (rc) return rc;
    if (!kid && two && k == q->kids) return SEINE_OK;
    if (!kid || kid->kind == QUERY_ALL || kid->kind == QUERY_RANGE) continue;
    snQueryAdd(to, kid, OCCUR_SHOULD);
  }
  if (!to->nkids) return SEINE_OK;
  *out = to;
  if (to->nkids > 1 || q->op == SPAN_FIRST) return SEINE_OK;
  to->op = SPAN_OR;
  return SEINE_OK;
}

/* A RAW or SPAN in one column; *out stays 0 when it is to be dropped. */
static int queryRawColumn(QueryBinder *b, const Query *q, u32 column,
    Query **out) {
  u8 type = queryType(b, column);
  bool prefix = q->prefix && !q->quoted && !q->wild;
  Query same;
  if (q->kind == QUERY_SPAN) {
    return type == TYPE_TEXT ? querySpanParts(b, q, column, out)
                             : queryNothing(b, q, out);
  }
  if (q->wild || q->regexp) {
    return type == TYPE_TEXT || type == TYPE_KEYWORD
        ? queryPattern(b, q, column, out) : queryNothing(b, q, out);
  }
  if (prefix && !q->len) return queryAny(b, q, column, out);
  if (prefix && (type == TYPE_TEXT || type == TYPE_KEYWORD)) {
    return queryPrefix(b, q, column, out);
  }
  if (prefix) return queryNothing(b, q, out);
  switch (type) {
    case TYPE_TEXT: return queryCutText(b, q, column, out);
    case TYPE_KEYWORD:
      return queryNear(b, q, column, q->text, q->len, out);
    case TYPE_IP: return queryAddress(b, q, column, out);
    case TYPE_BOOLEAN: case TYPE_INTEGER: case TYPE_REAL: case TYPE_GEOPOINT:
    case TYPE_TIMESTAMP: case TYPE_DATE:
      same = *q;
      same.lo = same.hi = q->text;
      same.lo_len = same.hi_len = q->len;
      same.lo_open = same.hi_open = false;
      return queryNumbers(b, &same, column, out);
    default: return queryNothing(b, q, out);
  }
}

/* ---- Fields ------------------------------------------------------------- */

static bool queryIsOpen(const QueryColumns *c, u32 column) {
  for (u32 i = 0; i < c->n; i++)
    if (c->v[i].column == column) return true;
  return false;
}

/* The column a leaf names, or QUERY_NO_COLUMN.  A name with a colon in it
** swallows the begin of an unquoted text: *used bytes of it.  The longest
** name wins. */
static u32 queryColumn(const QueryBinder *b, const Query *q, u32 *used) {
  const Table *t = b->t;
  u32 best = QUERY_NO_COLUMN;
  *used = 0;
  for (u32 i = 0; i < t->ncol; i++) {
    const char *name = t->col[i].name;
    size_t n = strlen(name), k;
    if (b->columns->closed && !queryIsOpen(b->columns, i)) continue;
    if (n == q->field_len && snAsciiEq(name, n, q->field, n)) {
      if (best == QUERY_NO_COLUMN) best = i;
      continue;
    }
    if (q->kind != QUERY_RAW || q->quoted || n < q->field_len + 2ull ||
        name[q->field_len] != ':') {
      continue;
    }
    k = n - q->field_len - 1;
    if (k >= q->len || q->text[k] != ':' || k + 1 <= *used) continue;
    if (!snAsciiEq(name, q->field_len, q->field, q->field_len) ||
        !snAsciiEq(name + q->field_len + 1, k, q->text, k)) {
      continue;
    }
    best = i;
    *used = (u32)k + 1;
  }
  return best;
}

/* The word is for the default columns: the best of them counts. */
static int queryDefaults(QueryBinder *b, const Query *q, Query **out) {
  Query *max, *kid;
  u32 known = 0;
  int rc;
  max = snQueryNew(b->arena, QUERY_MAX);
  if (!max) return SN_NOMEM;
  max->tie = b->columns->tie;
  max->blend = b->columns->blend;
  for (u32 i = 0; i < b->columns->n; i++) {
    const QueryColumn *c = b->columns->v + i;
    if (c->column >= b->t->ncol) continue;
    known++;
    kid = NULL;
    rc = queryRawColumn(b, q, c->column, &kid);
    if (rc) return rc;
    if (!kid) continue;
    kid->boost = SN_MIN(kid->boost * c->boost, QUERY_BOOST_TOP);
    snQueryAdd(max, kid, OCCUR_SHOULD);
  }
  if (!known) return queryNothing(b, q, out);
  *out = max->nkids > 1 ? max : max->kids;
  return SEINE_OK;
}

static int queryLeaf(QueryBinder *b, const Query *q, Query **out);

/* No such column: the word with the colon in it, for the group's column. */
static int queryColon(QueryBinder *b, const Query *q, Query **out) {
  Query word = *q;
  u64 n = (u64)q->field_len + 1 + q->len;
  char *p;
  word.kind = QUERY_RAW;
  word.field = q->outer;
  word.field_len = q->outer_len;
  word.outer = NULL;
  word.outer_len = 0;
  if (n >= UINT32_MAX) return SN_NOMEM;
  p = snArenaBytes(b->arena, (size_t)n + 1);
  if (!p) return SN_NOMEM;
  memcpy(p, q->field, q->field_len);
  p[q->field_len] = ':';
  if (q->len) memcpy(p + q->field_len + 1, q->text, q->len);
  p[n] = 0;
  word.text = p;
  word.len = (u32)n;
  return queryLeaf(b, &word, out);
}

static int queryLeaf(QueryBinder *b, const Query *q, Query **out) {
  Query word = *q;
  u32 column = q->column, used = 0;
  if (!word.text) word.text = "";
  if (column >= b->t->ncol) {
    column = QUERY_NO_COLUMN;
    if (q->field) {
      column = queryColumn(b, &word, &used);
      if (column == QUERY_NO_COLUMN && q->kind == QUERY_SPAN)
        return queryNothing(b, q, out);
      if (column == QUERY_NO_COLUMN) return queryColon(b, &word, out);
    }
  }
  word.text += used;
  word.len -= used;
  if (q->kind == QUERY_RANGE && column == QUERY_NO_COLUMN) {
    return queryNothing(b, q, out);
  }
  if (q->kind == QUERY_RANGE) return queryRangeColumn(b, q, column, out);
  if (column == QUERY_NO_COLUMN) return queryDefaults(b, &word, out);
  return queryRawColumn(b, &word, column, out);
}

/* ---- The tree ----------------------------------------------------------- */

/* A node that is not opened.  What is bound already is taken as it is. */
static int queryOne(QueryBinder *b, const Query *q, Query **out) {
  *out = NULL;
  if (q->kind == QUERY_RAW || q->kind == QUERY_RANGE ||
      (q->kind == QUERY_SPAN && q->column == QUERY_NO_COLUMN)) {
    return queryLeaf(b, q, out);
  }
  *out = snArenaAlloc(b->arena, sizeof *q);
  if (!*out) return SN_NOMEM;
  **out = *q;
  return SEINE_OK;
}

static int queryEnter(QueryBinder *b, const Query *q, QueryOpenNode **top) {
  QueryOpenNode *n = snArenaZero(b->arena, sizeof *n);
  if (!n) return SN_NOMEM;
  n->up = *top;
  n->from = q;
  n->kid = q->kids;
  *top = n;
  int rc = queryNode(b, q, (QueryKind)q->kind, QUERY_NO_COLUMN, &n->to);
  if (rc) return rc;
  n->to->some = q->some;
  n->to->some_len = q->some_len;
  n->to->tie = q->tie;
  n->to->blend = q->blend;
  return SEINE_OK;
}

/* ---- How many of the clauses -------------------------------------------- */

/* "2", "-1", "75%", "-25%": of n clauses that many, from 1 to n. */
static bool querySomeOne(const char *p, size_t len, u32 n, u32 *out) {
  bool percent = len && p[len - 1] == '%', missing;
  i64 v;
  if (!snNumInt(p, len - percent, &v)) return false;
  v = SN_MIN(SN_MAX(v, -1000000), 1000000);
  missing = v < 0;
  if (percent) v = v * n / 100;
  if (missing) v += n;
  *out = (u32)SN_MIN(SN_MAX(v, 1), (i64)n);
  return true;
}

/* ... and "3<75% 9<-2": all up to 3, from 4 on 75 %, from 10 on all but 2.
** false: it is not understood. */
static bool querySome(const char *p, size_t len, u32 n, u32 *out) {
  const char *end = p + len, *to;
  bool any = false;
  if (!memchr(p, '<', len)) return querySomeOne(p, len, n, out);
  *out = n;
  for (; p < end; p = to) {
    const char *less;
    i64 above;
    while (p < end && *p == ' ') p++;
    for (to = p; to < end && *to != ' ';) to++;
    if (p == to) break;
    less = memchr(p, '<', (size_t)(to - p));
    if (!less || !snNumInt(p, (size_t)(less - p), &above)) return false;
    any = true;
    if (n <= above) break;
    if (!querySomeOne(less + 1, (size_t)(to - less) - 1, n, out)) return false;
  }
  return any;
}

u32 snQuerySome(const char *p, size_t len, u32 n) {
  u32 some;
  return n && querySome(p, len, n, &some) ? some : 0;
}

bool snQuerySomeKnown(const char *p, size_t len) {
  u32 some;
  return querySome(p, len, UINT32_MAX, &some);
}

static void querySomeOf(Query *q) {
  u32 n = 0;
  for (const Query *k = q->kids; k; k = k->next) n += k->occur == OCCUR_SHOULD;
  if (q->some) q->min = snQuerySome(q->some, q->some_len, n);
}

/* All kids are bound: what is left of the node; *out = 0: nothing. */
static int queryLeave(QueryBinder *b, Query *q, Query **out) {
  Query *kid = q->kids, *all;
  *out = NULL;
  if (!kid) return SEINE_OK;
  *out = q;
  if (q->nkids == 1 && (q->kind == QUERY_MAX || kid->occur != OCCUR_NOT)) {
    kid->boost = SN_MIN(kid->boost * q->boost, QUERY_BOOST_TOP);
    *out = kid;
    return SEINE_OK;
  }
  if (q->kind == QUERY_MAX) return SEINE_OK;
  querySomeOf(q);
  for (; kid; kid = kid->next) {
    if (kid->occur != OCCUR_NOT) return SEINE_OK;
  }
  all = snQueryNew(b->arena, QUERY_ALL);
  if (!all) return SN_NOMEM;
  all->occur = OCCUR_MUST;
  all->next = q->kids;
  q->kids = all;
  q->nkids++;
  return SEINE_OK;
}

static int queryTree(QueryBinder *b, const Query *q, Query **out) {
  QueryOpenNode *top = NULL;
  Query *done;
  int rc;
  for (;;) {
    while (q && (q->kind == QUERY_BOOL || q->kind == QUERY_MAX)) {
      rc = queryEnter(b, q, &top);
      if (rc) return rc;
      q = top->kid;
    }
    done = NULL;
    rc = q ? queryOne(b, q, &done) : SEINE_OK;
    if (rc) return rc;
    for (;;) {
      if (!top) {
        *out = done;
        return SEINE_OK;
      }
      if (top->kid) {
        if (done) snQueryAdd(top->to, done, (Occur)top->kid->occur);
        top->kid = top->kid->next;
      }
      q = top->kid;
      if (q) break;
      rc = queryLeave(b, top->to, &done);
      if (rc) return rc;
      top = top->up;
    }
  }
}

/* The tree is as deep as the parser allows, and a few nodes more. */
static u32 queryNumber(Query *q, u32 n) {
  for (Query *k = q->kids; k; k = k->next) n = queryNumber(k, n);
  if (q->kind == QUERY_TERM || q->kind == QUERY_PHRASE ||
      q->kind == QUERY_SPAN) {
    q->id = n++;
  }
  return n;
}

int snQueryBind(Arena *a, const Table *t, const Query *q,
    const QueryColumns *columns, const QueryCut *cut, Query **out) {
  QueryBinder b = {.arena = a, .t = t, .columns = columns, .cut = cut};
  Query *done = NULL;
  int rc;
  *out = NULL;
  snBufInit(&b.tmp, a->budget);
  rc = queryTree(&b, q, &done);
  snBufClear(&b.tmp);
  if (rc) return rc;
  if (!done) {
    done = snQueryNew(a, QUERY_NONE);
    if (!done) return SN_NOMEM;
  }
  done->next = NULL;
  done->occur = OCCUR_SHOULD;
  snQueryNumber(done);
  *out = done;
  return SEINE_OK;
}

void snQueryNumber(Query *q) { (void)queryNumber(q, 0); }

#undef QUERY_DAY_US
#undef QUERY_BOOST_TOP
#undef QUERY_FUZZY_MOST
