/*
** query_text: a query as a line of text: a leaf of explain_score().
**
** (1) +kid must, -kid must not; (a | b) is the best of its kids; what takes
**     part in nothing is "(nothing)", everything is "*".
**     A SPAN is NEAR(a b, 5) with its slop, WITHIN(a, b) and so on; its column
**     stands before the outermost.
** (2) A text that would read as something else stands in quotes; a hole of
**     a phrase is "?".
** (3) No recursion; below QUERY_TEXT_DEPTH levels stands "...".
*/
#include "match/match.h"

#define QUERY_TEXT_DEPTH 512u

/* ---- Texts -------------------------------------------------------------- */

/* Reads as one plain word. */
static bool queryTextPlain(const char *p, u32 n) {
  if (!n || (n == 2 && !memcmp(p, "OR", 2)) ||
      (n == 3 && (!memcmp(p, "AND", 3) || !memcmp(p, "NOT", 3)))) {
    return false;
  }
  for (u32 i = 0; i < n; i++) {
    if ((u8)p[i] <= ' ' || p[i] == 127 || strchr("()[]{}\"\\:*^~|&", p[i])) {
      return false;
    }
  }
  return !strchr("+-!<>", p[0]);
}

/* The inside of quotes. */
static void queryTextInner(Buf *out, const char *p, u32 n) {
  for (u32 i = 0; i < n; i++) {
    if (p[i] == '"' || p[i] == '\\') snBufByte(out, '\\');
    snBufByte(out, (u8)p[i]);
  }
}

static void queryTextWord(Buf *out, const char *p, u32 n, bool quoted) {
  if (!quoted && queryTextPlain(p, n)) {
    snBufAdd(out, p, n);
    return;
  }
  snBufByte(out, '"');
  queryTextInner(out, p, n);
  snBufByte(out, '"');
}

/* A number to at most six decimals, whole ones without any. */
static void queryTextBoost(Buf *out, float boost) {
  char tmp[32];
  double v = (double)boost;
  u32 n;
  if (boost == 1) return;
  if (fabs(v) > 1e-3 && fabs(v) < 1e6) v = round(v * 1e6) / 1e6;
  n = snNumRealText(v, tmp);
  if (n > 2 && !memcmp(tmp + n - 2, ".0", 2)) n -= 2;
  snBufByte(out, '^');
  snBufAdd(out, tmp, n);
}

static u8 queryTextType(const Query *q, const Table *t) {
  if (!t || q->column >= t->ncol) return TYPE_NULL;
  return t->col[q->column].type & (u8)~TYPE_ARRAY;
}

static void queryTextField(Buf *out, const Query *q, const Table *t) {
  if (t && q->column < t->ncol) {
    snBufStr(out, t->col[q->column].name);
  } else if (q->field) {
    snBufAdd(out, q->field, q->field_len);
  } else {
    return;
  }
  snBufByte(out, ':');
}

/* A term: of an IP column it is 16 bytes. */
static void queryTextTerm(Buf *out, u8 type, const char *p, u32 n) {
  char tmp[48];
  if (type == TYPE_IP && n == 16) {
    snBufAdd(out, tmp, snIpText((const u8 *)p, tmp));
  } else {
    queryTextWord(out, p, n, false);
  }
}

/* ---- Leaves ------------------------------------------------------------- */

static void queryTextInt(Buf *out, u8 type, i64 v) {
  bool quoted = type == TYPE_TIMESTAMP;
  if (v == INT64_MIN || v == INT64_MAX) {
    snBufByte(out, '*');
    return;
  }
  if (quoted) snBufByte(out, '"');
  snTypeIntText(out, type, v);
  if (quoted) snBufByte(out, '"');
}

static void queryTextReal(Buf *out, double v) {
  char tmp[32];
  if (isinf(v)) snBufByte(out, '*');
  else snBufAdd(out, tmp, snNumRealText(v, tmp));
}

static void queryTextNumbers(Buf *out, const Query *q, u8 type) {
  if (type == TYPE_REAL) {
    if (q->lo_real == q->hi_real) {
      queryTextReal(out, q->lo_real);
      return;
    }
  } else if (q->lo_int == q->hi_int) {
    queryTextInt(out, type, q->lo_int);
    return;
  }
  snBufByte(out, '[');
  if (type == TYPE_REAL) queryTextReal(out, q->lo_real);
  else queryTextInt(out, type, q->lo_int);
  snBufStr(out, " TO ");
  if (type == TYPE_REAL) queryTextReal(out, q->hi_real);
  else queryTextInt(out, type, q->hi_int);
  snBufByte(out, ']');
}

static void queryTextRange(Buf *out, const Query *q, const Table *t) {
  u8 type = queryTextType(q, t);
  if (type && type != TYPE_TEXT && type != TYPE_KEYWORD && type != TYPE_IP) {
    queryTextNumbers(out, q, type);
    return;
  }
  snBufByte(out, q->lo_open ? '{' : '[');
  if (q->lo) queryTextTerm(out, type, q->lo, q->lo_len);
  else snBufByte(out, '*');
  snBufStr(out, " TO ");
  if (q->hi) queryTextTerm(out, type, q->hi, q->hi_len);
  else snBufByte(out, '*');
  snBufByte(out, q->hi_open ? '}' : ']');
}

/* Places of a phrase where any word may stand. */
static void queryTextHoles(Buf *out, u32 n) {
  if (n > 8) snBufPrintf(out, "?%u ", n);
  else for (u32 i = 0; i < n; i++) snBufStr(out, "? ");
}

static void queryTextPhrase(Buf *out, const Query *q) {
  u32 at = 0;
  snBufByte(out, '"');
  for (const Query *k = q->kids; k; k = k->next) {
    if (k != q->kids) snBufByte(out, ' ');
    if (k->pos > at) queryTextHoles(out, k->pos - at);
    queryTextInner(out, k->text, k->len);
    at = k->pos + 1;
  }
  snBufByte(out, '"');
}

static void queryTextLeaf(Buf *out, const Query *q, const Table *t) {
  switch (q->kind) {
    case QUERY_NONE: snBufStr(out, "(nothing)"); return;
    case QUERY_ALL: snBufByte(out, '*'); break;
    case QUERY_TERM: case QUERY_RAW: case QUERY_PREFIX: case QUERY_FUZZY:
    case QUERY_PATTERN:
      queryTextField(out, q, t);
      if (q->wild || q->regexp) {
        if (q->regexp) snBufByte(out, '/');
        snBufAdd(out, q->text, q->len);
        if (q->regexp) snBufByte(out, '/');
        break;
      }
      if (q->kind == QUERY_TERM) {
        queryTextTerm(out, queryTextType(q, t), q->text, q->len);
      } else if (q->len || q->quoted) {
        queryTextWord(out, q->text, q->len, q->quoted);
      }
      if (q->kind == QUERY_PREFIX || (q->prefix && !q->quoted)) {
        snBufByte(out, '*');
      }
      if (q->edits == QUERY_EDITS_AUTO) snBufByte(out, '~');
      else if (q->edits) snBufPrintf(out, "~%u", q->edits);
      break;
    case QUERY_PHRASE:
      queryTextField(out, q, t);
      queryTextPhrase(out, q);
      break;
    case QUERY_RANGE:
      queryTextField(out, q, t);
      queryTextRange(out, q, t);
      break;
    default: break;
  }
  if (q->slop) snBufPrintf(out, "~%u", q->slop);
  queryTextBoost(out, q->boost);
}

/* ---- The tree ----------------------------------------------------------- */

/* The sign of a kid of a BOOL. */
static void queryTextSign(Buf *out, const Query *parent, const Query *q) {
  if (parent->kind != QUERY_BOOL) return;
  if (q->occur == OCCUR_MUST) snBufByte(out, '+');
  if (q->occur == OCCUR_NOT) snBufByte(out, '-');
}

static bool queryTextIsTree(const Query *q) {
  return q->kind == QUERY_BOOL || q->kind == QUERY_MAX ||
      q->kind == QUERY_SPAN;
}

/* Whether the kids of q stand in parentheses. */
static bool queryTextGroup(const Query *q, u32 depth) {
  return depth > 1 || q->kind != QUERY_BOOL || q->boost != 1;
}

/* What stands before the kids of q. */
static void queryTextOpen(Buf *out, const Query *q, const Query *parent,
    const Table *t) {
  static const char *const name[] = {"OR", "PHRASE", "NEAR", "ORDERED",
      "FIRST", "WITHIN", "CONTAINING", "EXCEPT"};
  const Query *word = q;
  if (q->kind == QUERY_SPAN) {
    while (t && word->column >= t->ncol && word->kids) word = word->kids;
    if (!parent || parent->kind != QUERY_SPAN) queryTextField(out, word, t);
    snBufStr(out, name[q->op]);
  }
  snBufByte(out, '(');
}

static void queryTextClose(Buf *out, const Query *q) {
  bool slop = q->op == SPAN_NEAR || q->op == SPAN_ORDERED ||
      q->op == SPAN_FIRST;
  if (q->kind == QUERY_SPAN && slop) snBufPrintf(out, ", %u", q->slop);
  snBufByte(out, ')');
  queryTextBoost(out, q->boost);
}

/* What stands between a kid of q and the one behind it. */
static void queryTextBetween(Buf *out, const Query *q, const Query *kid) {
  u32 holes = kid->next->pos - kid->pos;
  if (q->kind == QUERY_SPAN && q->op >= SPAN_WITHIN) snBufByte(out, ',');
  snBufStr(out, q->kind == QUERY_MAX ? " | " : " ");
  if (q->kind != QUERY_SPAN || q->op != SPAN_PHRASE) return;
  if (holes > 1 && kid->next->pos > kid->pos) queryTextHoles(out, holes - 1);
}

/* Closes what has no kid behind q; gives the next kid, or NULL. */
static const Query *queryTextNext(Buf *out, const Query **up, u32 *depth) {
  const Query *q;
  while (*depth) {
    q = up[*depth]->next;
    if (q && *depth > 1) {
      queryTextBetween(out, up[*depth - 1], up[*depth]);
      up[*depth] = q;
      return q;
    }
    --*depth;
    if (*depth == 0) return NULL;
    q = up[*depth];
    if (queryTextGroup(q, *depth)) queryTextClose(out, q);
  }
  return NULL;
}

void snQueryText(const Query *q, const Table *t, Buf *out) {
  const Query *up[QUERY_TEXT_DEPTH + 1]; /* from the root, at 1, to q */
  u32 depth = 1;
  up[0] = NULL;
  up[1] = q;
  while (q && !out->rc) {
    const Query *parent = up[depth - 1];
    bool in_span = parent && parent->kind == QUERY_SPAN;
    if (parent) queryTextSign(out, parent, q);
    if (!queryTextIsTree(q)) {
      queryTextLeaf(out, q, in_span ? NULL : t);
    } else if (!q->kids) {
      snBufStr(out, "(nothing)");
    } else if (depth == QUERY_TEXT_DEPTH) {
      snBufStr(out, "...");
    } else {
      if (queryTextGroup(q, depth)) queryTextOpen(out, q, parent, t);
      q = q->kids;
      up[++depth] = q;
      continue;
    }
    q = queryTextNext(out, up, &depth);
  }
}

#undef QUERY_TEXT_DEPTH
