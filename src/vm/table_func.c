/*
** table_func: the functions that stand in FROM.  vm.h says what an entry of
** the table is.
*/
#include "vm/vmInt.h"

#define TABLE_FUNC_BATCH 4096u

/* ---- analyze(analyzer, text) -------------------------------------------- */

/* Counts characters up to a byte, from the last byte that was asked for. */
typedef struct TableFuncChars { u32 byte, chars; } TableFuncChars;

typedef struct TableFuncAnalyze {
  Tokens tokens;
  u32 at;            /* tokens given */
  TableFuncChars start, stop;
} TableFuncAnalyze;

static i64 tableFuncChars(const u8 *p, TableFuncChars *c, u32 to) {
  if (to >= c->byte) c->chars += snUtfCount(p + c->byte, to - c->byte);
  else c->chars -= snUtfCount(p + to, c->byte - to);
  c->byte = to;
  return c->chars;
}

/* The chain of a name, or the text itself. */
static int tableFuncAnalyzer(TableCall *c, Analyzer **out) {
  ChainError err;
  Buf name, chain;
  snBufInit(&name, c->budget);
  snBufInit(&chain, c->budget);
  snBufAdd(&name, c->arg[0].s.p, c->arg[0].s.n);
  int rc = snSessionAnalyzerText(c->session, snBufText(&name), &chain);
  if (rc == SEINE_ERROR) {
    rc = snAnalyzerNew(c->budget, snBufText(&name), name.n, &err, out);
    if (rc == SEINE_ERROR)
      snprintf(c->error, 256, "analyze: %.160s%s%.80s",
          err.message, err.hint[0] ? "; " : "", err.hint);
  } else if (!rc) {
    rc = snAnalyzerNew(c->budget, snBufText(&chain), chain.n, NULL, out);
  }
  if (name.rc) rc = name.rc;
  snBufClear(&name);
  snBufClear(&chain);
  return rc;
}

static int tableFuncOpen(TableCall *c) {
  Analyzer *a = NULL;
  TableFuncAnalyze *x = snArenaZero(c->arena, sizeof *x);
  if (!x) return SN_NOMEM;
  c->state = x;
  snTokensInit(&x->tokens, c->budget);
  int rc = tableFuncAnalyzer(c, &a);
  if (!rc)
    rc = snTextCut(snSessionCutter(c->session), a,
        (const char *)c->arg[1].s.p, c->arg[1].s.n, &x->tokens);
  if (rc == SEINE_TOOBIG)
    snprintf(c->error, 256, "analyze: the chain makes too many tokens of the "
        "text, or takes too long for it");
  snAnalyzerFree(a);
  return rc;
}

static int tableFuncAnalyze(TableCall *c) {
  const u8 *text = c->arg[1].s.p;
  TableFuncAnalyze *x;
  int rc = SEINE_OK;
  c->done = c->arg[0].null || c->arg[1].null;
  if (c->done) return SEINE_OK;
  if (!c->state) rc = tableFuncOpen(c);
  if (rc) return rc;
  x = c->state;
  const Tokens *t = &x->tokens;
  u32 end = SN_MIN(t->n, x->at + TABLE_FUNC_BATCH);
  for (u32 i = x->at; i < end; i++) {
    snRowsStr(&c->out, t->bytes.data + t->at[i], t->len[i]);
    snRowsInt(&c->out, t->pos[i]);
    snRowsInt(&c->out, tableFuncChars(text, &x->start, t->from[i]));
    snRowsInt(&c->out, tableFuncChars(text, &x->stop, t->to[i]));
    snRowsEnd(&c->out);
  }
  x->at = end;
  c->done = end == t->n;
  return c->out.rc;
}

static void tableFuncAnalyzeClose(TableCall *c) {
  TableFuncAnalyze *x = c->state;
  if (x) snTokensFree(&x->tokens);
}

/* ---- the table ---------------------------------------------------------- */

static const TableFunc table_funcs[] = {
    {"analyze", "ss", "siii", {"token", "position", "start", "stop"},
        tableFuncAnalyze, tableFuncAnalyzeClose},
    {"complete", "cs?ii", "si", {"completion", "docs"}, snTableSuggestWords,
        NULL},
    {"correct", "cs?irrs", "ssr", {"correction", "marked", "score"},
        snTableSuggestTexts, NULL},
    {"json_each", "s?s", "ssssiiss", {"key", "value", "type", "atom", "id",
        "parent", "fullkey", "path"}, snTableJsonEach, NULL},
    {"json_tree", "s?s", "ssssiiss", {"key", "value", "type", "atom", "id",
        "parent", "fullkey", "path"}, snTableJsonTree, NULL},
    {"generate_series", "ii?i", "i", {"generate_series"}, snTableSeriesInts,
        NULL},
    {"generate_series", "ttv", "t", {"generate_series"}, snTableSeriesMoments,
        NULL},
    {"percolate", "cs", "is", {"query_rowid", "query"}, snPercolateFill, NULL},
    {"range", "i?ii", "i", {"range"}, snTableSeriesRange, NULL},
    {"range", "ttv", "t", {"range"}, snTableSeriesMomentsOpen, NULL},
    {"seine_slow_queries", "", "trisrss",
        {"start", "ms", "rows", "instruction", "instruction_ms", "result",
            "statement"}, snSlowFill, NULL},
    {"significant", "cq?ii", "srii", {"term", "score", "docs", "total"},
        snTableSuggestTerms, NULL},
    {"suggest", "cs?is", "sisri",
        {"word", "position", "suggestion", "score", "docs"},
        snTableSuggestNear, NULL},
    {TABLE_FUNC_UNNEST, "a?aaaaaaa", "", {NULL}, snTableUnnest, NULL},
};

const TableFunc *snTableFuncAt(u32 i) {
  return i < SN_COUNT(table_funcs) ? table_funcs + i : NULL;
}

u8 snTableFuncType(char letter) {
  switch (letter) {
  case 'i': return TYPE_INTEGER;
  case 'r': return TYPE_REAL;
  case 't': return TYPE_TIMESTAMP;
  case 'v': return TYPE_INTERVAL;
  default: return TYPE_TEXT;
  }
}

#undef TABLE_FUNC_BATCH
