/*
** cutting: joins text/ and index/: the words of a value, by the analyzer of
** its column.
**
** A Cutting serves one thread: it has the stemmers and the list of words of
** its own.  What CutTokens points to lives until its next call.
*/
#include "vm/vmInt.h"

int snCuttingInit(Cutting *c, Budget *b) {
  snTokensInit(&c->tokens, b);
  return snCutterNew(b, &c->cutter);
}

void snCuttingFree(Cutting *c) {
  snTokensFree(&c->tokens);
  snCutterFree(c->cutter);
  c->cutter = NULL;
}

static int cuttingBy(Cutting *c, const char *analyzer, const u8 *p, u32 n,
    u32 first_pos, CutTokens *out) {
  const Analyzer *a;
  Tokens *t = &c->tokens;
  int rc = snCutterFind(c->cutter, analyzer, strlen(analyzer), &a);
  snTokensClear(t);
  t->next_pos = first_pos;
  if (!rc) rc = snTextCut(c->cutter, a, (const char *)p, n, t);
  out->n = rc ? 0 : t->n;
  out->at = t->at;
  out->len = t->len;
  out->pos = t->pos;
  out->from = t->from;
  out->to = t->to;
  out->bytes = t->bytes.data;
  out->next_pos = t->next_pos;
  return rc;
}

/* Texts of queries may be cut by a chain of their own. */
static const char *cuttingSearch(const Column *col) {
  return col->search ? col->search : col->analyzer;
}

int snCuttingAt(void *arg, const Column *col, const u8 *p, u32 n,
    u32 first_pos, CutTokens *out) {
  return cuttingBy(arg, col->analyzer, p, n, first_pos, out);
}

int snCuttingStored(void *arg, const Column *col, const u8 *p, u32 n,
    CutTokens *out) {
  return cuttingBy(arg, col->analyzer, p, n, 0, out);
}

int snCuttingQuery(void *arg, const Column *col, const u8 *p, u32 n,
    CutTokens *out) {
  return cuttingBy(arg, cuttingSearch(col), p, n, 0, out);
}

int snCuttingFold(void *arg, const Column *col, const u8 *p, u32 n,
    Buf *out) {
  Cutting *c = arg;
  const char *analyzer = cuttingSearch(col);
  const Analyzer *a;
  int rc = snCutterFind(c->cutter, analyzer, strlen(analyzer), &a);
  return rc ? rc : snTextFold(c->cutter, a, (const char *)p, n, out);
}
