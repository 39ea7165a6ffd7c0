/*
** ask: the query of a MATCH, made of a register and of how it is asked.
**
** A bound query depends on its text, on the schema, of which the program is
** compiled anew, and on match_operator: so a short one stays with the program
** for the next run, which most often asks the same.
**
** mlt() takes a text, or the number of a row: then the texts of that row, as
** the statement sees it.
*/
#include "vm/vmInt.h"

#define ASK_SHOWN  30u /* characters of a query in a message ... */
#define ASK_BEFORE 20u /* ... before the place */
#define ASK_KEPT   512u /* bytes of a query that is kept */
#define ASK_ROOM   (16u << 10) /* ... of its tree, to be used again */

/* What a call gives as a pattern must be one; in the query language a slip is
** no error. */
static int askRegex(Run *r, const Str *s) {
  char message[REGEX_MESSAGE];
  Regex *regex;
  u32 at;
  int rc = snRegexNew(r->budget, (const char *)s->p, s->n, REGEX_WHOLE,
      &regex, message, &at);
  if (!rc) snRegexFree(regex);
  if (rc != SEINE_ERROR && rc != SEINE_TOOBIG) return rc;
  return snRunFail(r, rc, "regex(): %s, at byte %u of the pattern", message,
      at + 1);
}

/* A line of the query around the byte, of at most ASK_SHOWN characters, and
** the caret below it. */
static int askSlip(Run *r, const Str *s, const QuerySlip *slip) {
  char shown[4 * ASK_SHOWN + 1];
  u32 at = (u32)slip->at, before = snUtfCount(s->p, at);
  u32 skip = before > ASK_BEFORE ? before - ASK_BEFORE : 0;
  u32 from = (u32)snUtfOffset(s->p, s->n, skip);
  u32 n = (u32)snUtfOffset(s->p + from, s->n - from, ASK_SHOWN);
  memcpy(shown, s->p + from, n);
  shown[n] = 0;
  for (u32 i = 0; i < n; i++)
    if ((u8)shown[i] < ' ') shown[i] = ' ';
  return snRunFail(r, SEINE_ERROR, "match(): %s, at character %u\n  %s\n  "
      "%*s^", slip->message, before + 1, shown, (int)(before - skip), "");
}

static int askCheck(Run *r, const Table *t, const Str *s) {
  QuerySlip slip;
  Arena a;
  snArenaInit(&a, r->budget);
  int rc = snQueryCheck(&a, t, (const char *)s->p, s->n, &slip);
  snArenaClear(&a);
  return rc == SEINE_ERROR ? askSlip(r, s, &slip) : rc;
}

/* ---- more like a row ---------------------------------------------------- */

/* A live row of that number in a segment; *doc stays DOC_END: there is none. */
static int askFindIn(const View *v, u32 seg, i64 rowid, u32 *doc) {
  u32 docs = snSegmentDocs(v->seg[seg]);
  ColReader *k;
  int rc = snColOpen(v->seg[seg], 0, TYPE_INTEGER, &k);
  for (u32 w = 0; !rc && *doc == DOC_END && w * SN_WINDOW < docs; w++) {
    u64 bits[SN_WORDS];
    Zone z;
    if (!snColZone(k, w, &z) || rowid < z.min || rowid > z.max) continue;
    snBitsFirst(bits, SN_WORDS, SN_MIN(SN_WINDOW, docs - w * SN_WINDOW));
    snLiveMask(v->live[seg], w, bits);
    rc = snColFilter(k, w, rowid, rowid, bits);
    for (u32 i = 0; !rc && i < SN_WORDS; i++)
      if (bits[i])
        *doc = w * SN_WINDOW + i * 64 + (u32)__builtin_ctzll(bits[i]);
  }
  return rc;
}

int snAskFind(const View *v, i64 rowid, u32 *seg, u32 *doc) {
  int rc = SEINE_OK;
  *doc = DOC_END;
  for (u32 k = 0; !rc && *doc == DOC_END && k < v->n; k++) {
    *seg = k;
    rc = askFindIn(v, k, rowid, doc);
  }
  return rc;
}

int snAskTexts(Segment *g, const Column *col, const u32 *docs, u32 n,
    Arena *a, DictText *out) {
  u32 *code = snArenaAlloc(a, (n + 1ull) * sizeof *code);
  u64 *null = snArenaZero(a, (n / 64 + 1ull) * sizeof *null);
  ColReader *k;
  if (!code || !null) return SN_NOMEM;
  memset(out, 0, n * sizeof *out);
  int rc = snColOpen(g, col->id, col->type, &k);
  if (rc || snColKind(k) == COL_NONE || snColIsArray(k)) return rc;
  if (snColKind(k) == COL_ROW) {
    rc = snRowGather(g, col->id, docs, n, a, out, null);
  } else {
    rc = snColGather(k, docs, n, code, null);
    for (u32 i = 0; i < n; i++)
      if (snBit(null, i)) code[i] = 0;
    if (!rc) rc = snDictTexts(snColDict(k), code, n, a, out);
  }
  for (u32 i = 0; !rc && i < n; i++)
    if (snBit(null, i)) out[i] = (DictText){NULL, 0, 0};
  return rc;
}

static int askLikeRow(Run *r, Cursor *c, const QueryAsk *ask, i64 rowid,
    QueryLike *like) {
  const View *v = c->view;
  u32 seg = 0, doc;
  int rc = snAskFind(v, rowid, &seg, &doc);
  if (!rc && doc == DOC_END)
    return snRunFail(r, SEINE_ERROR, "mlt(): table %s has no row with the "
        "rowid %lld", c->def->name, (long long)rowid);
  for (u32 i = 0; !rc && i < c->def->table->ncol; i++) {
    DictText t;
    if (!snQueryLikeHas(ask, c->def->table, i)) continue;
    rc = snAskTexts(v->seg[seg], c->def->table->col + i, &doc, 1, &r->keep,
        &t);
    if (!rc && t.n) rc = snQueryLikeAdd(like, i, (const char *)t.p, t.n);
  }
  return rc;
}

static int askLike(Run *r, Cursor *c, const QueryAsk *ask, const Vec *v,
    Query **out) {
  QueryLike like;
  int rc = snQueryLikeBegin(&like, &r->keep, c->def->table, ask,
      snSessionCut(r->session));
  if (rc) return rc;
  if (v->type == TYPE_INTEGER) {
    rc = askLikeRow(r, c, ask, ((const i64 *)v->data)[0], &like);
  } else {
    const Str *s = v->data;
    for (u32 i = 0; !rc && i < c->def->table->ncol; i++)
      if (snQueryLikeHas(ask, c->def->table, i))
        rc = snQueryLikeAdd(&like, i, (const char *)s->p, s->n);
  }
  *out = snQueryLikeEnd(&like);
  return rc;
}

/* ---- any ---------------------------------------------------------------- */

struct Asked {
  Arena arena;
  Query *query;      /* NULL: none */
  const char *text;
  u32 n;
  bool op_and;
};

void snAskedFree(Asked *a) {
  if (!a) return;
  snArenaClear(&a->arena);
  snMemFree(a);
}

/* Words, phrases, patterns and ranges of a bound query, which is as deep as a
** query may be. */
static i64 askClauses(const Query *q) {
  i64 n = 0;
  if (!q->kids || q->kind == QUERY_PHRASE) return 1;
  for (const Query *k = q->kids; k; k = k->next) n += askClauses(k);
  return n;
}

static int askCount(Run *r, const Query *q) {
  i64 n = askClauses(q);
  if (n <= snLimit(r->budget, SEINE_LIMIT_MATCH_CLAUSES)) return SEINE_OK;
  return snRunFail(r, SEINE_TOOBIG, "the query of MATCH has %lld words and "
      "ranges: %s", (long long)n,
      snLimitSay(r->budget, SEINE_LIMIT_MATCH_CLAUSES));
}

static int askText(Run *r, Cursor *c, const QueryAsk *ask, const Str *s,
    Arena *a, Query **out) {
  int rc = SEINE_OK;
  if (ask->form == ASK_REGEXP) rc = askRegex(r, s);
  if (!rc && ask->strict) rc = askCheck(r, c->def->table, s);
  if (!rc)
    rc = snQueryAsk(a, c->def->table, ask, (const char *)s->p, s->n,
        snSessionCut(r->session), out);
  return rc ? rc : askCount(r, *out);
}

/* The query that is kept, or a new one in its place. */
static int askKept(Run *r, Cursor *c, u32 slot, const QueryAsk *ask,
    const Str *s, Query **out) {
  MatchSlot *d = c->def->match + slot;
  Asked *a = d->asked;
  if (a && a->query && a->op_and == ask->op_and && a->n == s->n &&
      !memcmp(a->text, s->p, s->n)) {
    *out = a->query;
    return SEINE_OK;
  }
  if (!a) {
    a = d->asked = snMemZero(r->budget, sizeof *a);
    if (!a) return SN_NOMEM;
    snArenaInit(&a->arena, r->budget);
  }
  a->query = NULL;
  snArenaReset(&a->arena, ASK_ROOM);
  a->n = s->n;
  a->op_and = ask->op_and;
  a->text = snArenaDup(&a->arena, (const char *)s->p, s->n);
  if (!a->text) return SN_NOMEM;
  Str own = {(const u8 *)a->text, s->n, 0};
  int rc = askText(r, c, ask, &own, &a->arena, out);
  if (!rc) a->query = *out;
  return rc;
}

int snAskQuery(Run *r, Cursor *c, u32 slot, Query **out) {
  MatchState *m = c->match + slot;
  const MatchSlot *d = c->def->match + slot;
  *out = m->query;
  if (m->query) return SEINE_OK;
  const Vec *v = snReg(r, d->query);
  const Str *s = v->data;
  QueryAsk ask = *d->ask;
  int rc = SEINE_OK;
  if (v->form != VEC_CONST)
    return snRunFail(r, SEINE_ERROR, "the query of MATCH must be a constant "
        "or a parameter");
  if (!ask.op_set) ask.op_and = snSessionSettings(r->session)->match_and;
  if (snVecNull(v, 0)) {
    *out = snQueryNew(&r->keep, QUERY_NONE);
    if (!*out) rc = SN_NOMEM;
  } else if (ask.form == ASK_LIKE) {
    rc = askLike(r, c, &ask, v, out);
  } else if (s->n && s->n <= ASK_KEPT) {
    rc = askKept(r, c, slot, &ask, s, out);
  } else {
    rc = askText(r, c, &ask, s, &r->keep, out);
  }
  if (!rc) m->query = *out;
  return rc;
}

#undef ASK_SHOWN
#undef ASK_BEFORE
#undef ASK_KEPT
#undef ASK_ROOM
