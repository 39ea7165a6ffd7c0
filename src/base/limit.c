/*
** limit: how much a connection may ask for.  The values are its own; they are
** reached through its budget, which whoever works for it has at hand.
*/
#include "base/base.h"

static const LimitDef limit_defs[SEINE_LIMITS] = {
  [SEINE_LIMIT_SQL_LENGTH] = {"sql_length", "bytes of a statement",
      100000000, 100000, 100000000},
  [SEINE_LIMIT_EXPR_DEPTH] = {"expr_depth", "levels of an expression",
      1000, 20, 1000},
  [SEINE_LIMIT_COLUMNS] = {"columns", "columns of a table or a result",
      4096, 100, 32767},
  [SEINE_LIMIT_PARAMETERS] = {"parameters", "parameters of a statement",
      32766, 32766, 32766},
  [SEINE_LIMIT_MATCH_CLAUSES] = {"match_clauses",
      "words and ranges of a query", 65536, 64, 1000000},
  [SEINE_LIMIT_AUTOMATON] = {"automaton",
      "states of a wildcard or a pattern", 10000, 1000, 10000},
  [SEINE_LIMIT_FUZZY] = {"fuzzy", "words that a fuzzy one stands for",
      10000, 50, 10000},
  [SEINE_LIMIT_JSON_DEPTH] = {"json_depth", "levels of JSON",
      1000, 20, 1000},
  [SEINE_LIMIT_VALUE] = {"value", "bytes of a value",
      1000000000, 1048576, 1000000000},
  [SEINE_LIMIT_ROW] = {"row", "bytes of a row that is stored",
      67108864, 1048576, 1000000000},
  [SEINE_LIMIT_GROUPS] = {"groups", "groups of a GROUP BY", 0, 10000, 0},
  [SEINE_LIMIT_RESULT_WINDOW] = {"result_window",
      "rows of LIMIT and OFFSET together", 0, 10000, 0},
  [SEINE_LIMIT_OPS] = {"ops", "instructions that a statement runs",
      0, 25000, 0},
  [SEINE_LIMIT_MEMORY] = {"memory", "bytes of memory", 0, 16 << 20, 0},
  [SEINE_LIMIT_TIME] = {"time", "milliseconds of a statement",
      0, 10000, 0},
};

/* What lets a statement raise it again. */
#define LIMIT_LEAST 64

const LimitDef *snLimitDef(int id) {
  return id >= 0 && id < SEINE_LIMITS ? limit_defs + id : NULL;
}

int snLimitFind(const char *name, size_t n) {
  for (int i = 0; i < SEINE_LIMITS; i++)
    if (snAsciiEq(limit_defs[i].name, strlen(limit_defs[i].name), name, n))
      return i;
  return -1;
}

void snLimitInit(i64 *most) {
  for (int i = 0; i < SEINE_LIMITS; i++) most[i] = limit_defs[i].usual;
}

i64 snLimitFit(int id, i64 value) {
  const LimitDef *d = limit_defs + id;
  bool run = id == SEINE_LIMIT_SQL_LENGTH || id == SEINE_LIMIT_OPS;
  if (run && value) value = SN_MAX(value, LIMIT_LEAST);
  if (d->greatest && (!value || value > d->greatest)) value = d->greatest;
  return value;
}

i64 snLimit(const Budget *b, int id) {
  while (b && !b->most) b = b->parent;
  i64 v = b ? b->most[id] : limit_defs[id].greatest;
  return v ? v : INT64_MAX;
}

const char *snLimitSay(const Budget *b, int id) {
  static _Thread_local char text[160];
  const LimitDef *d = limit_defs + id;
  int n = snprintf(text, sizeof text, "the limit %s is %lld (PRAGMA limit_%s "
      "raises it", d->name, (long long)snLimit(b, id), d->name);
  if (d->greatest)
    n += snprintf(text + n, sizeof text - (size_t)n, ", up to %lld",
        (long long)d->greatest);
  snprintf(text + n, sizeof text - (size_t)n, ")");
  return text;
}

#undef LIMIT_LEAST
