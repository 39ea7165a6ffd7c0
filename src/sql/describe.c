/*
** describe: DESCRIBE, SUMMARIZE and SHOW, each as a select that is written
** here and compiled like any other.  What the catalog knows stands in it as
** constants: the program is made anew whenever tables change.
**
** SUMMARIZE reads its rows once.  The source is a sub-query whose columns are
** c1, c2 ...; a select of one row over it has all aggregates; and from a list
** of numbers, one for each column, CASE takes those that belong to it.  Wide
** sources are read in pieces of DESCRIBE_PIECE columns.
*/
#include "sql/plan.h"

#define DESCRIBE_PIECE 100u  /* columns whose aggregates are one select */
#define DESCRIBE_MOST  1000u /* columns of SUMMARIZE */

static int describeParse(Compile *c, Buf *text, Select **out) {
  u32 end;
  Parse p = {.arena = c->arena, .session = c->session, .err = c->err,
      .sql = snBufDup(text, c->arena), .n = (u32)text->n};
  int rc = p.sql ? SEINE_OK : SN_NOMEM;
  snBufClear(text);
  if (!rc) rc = snFeed(&p, &end);
  snMemFree(p.param);
  *out = p.stmt.select;
  return rc;
}

static void describeText(Buf *b, const char *s) {
  if (s) snBufSqlText(b, s, strlen(s));
  else snBufStr(b, "NULL");
}

/* SELECT * FROM a table or view. */
static int describeAll(Compile *c, Token name, Select **out) {
  Buf b;
  const char *s = snAstText(c->p, name);
  snBufInit(&b, c->arena->budget);
  snBufStr(&b, "SELECT * FROM \"");
  for (; *s; s++) {
    if (*s == '"') snBufByte(&b, '"');
    snBufByte(&b, (u8)*s);
  }
  snBufByte(&b, '"');
  int rc = describeParse(c, &b, out);
  if (!rc) (*out)->from->name = name; /* for the place of an error */
  return rc;
}

/* ---- DESCRIBE ----------------------------------------------------------- */

static void describeColumn(Buf *b, bool first, const char *name, u8 type,
    const Column *col) {
  char word[24];
  snBufStr(b, first ? "(" : ", (");
  describeText(b, name);
  snBufPrintf(b, ", '%s', '%s', NULL, ", snTypeName(type, word),
      col && col->not_null ? "NO" : "YES");
  const char *generated = col ? snTableGenerated(col) : NULL;
  describeText(b, col && !generated ? col->default_sql : NULL);
  snBufStr(b, ", ");
  if (col && (col->analyzer || col->collate || generated)) {
    Buf extra;
    snBufInit(&extra, b->budget);
    if (generated)
      snBufPrintf(&extra, "GENERATED ALWAYS AS %s%s", generated,
          col->analyzer ? " " : "");
    if (col->analyzer) snBufPrintf(&extra, "ANALYZER %s", col->analyzer);
    if (col->search) snBufPrintf(&extra, " SEARCH ANALYZER %s", col->search);
    if (col->collate)
      snBufPrintf(&extra, "%sCOLLATE %s", extra.n ? " " : "",
          snTypeCollationName(col->collate));
    describeText(b, snBufText(&extra));
    if (extra.rc) b->rc = extra.rc;
    snBufClear(&extra);
  } else {
    snBufStr(b, "NULL");
  }
  snBufByte(b, ')');
}

static int describeRows(Compile *c, const Plan *p, const Table *t,
    Select **out) {
  u32 n = t ? t->ncol : p->nout;
  Buf b;
  snBufInit(&b, c->arena->budget);
  snBufStr(&b, "SELECT * FROM (VALUES ");
  for (u32 k = 0; k < n; k++) {
    if (t)
      describeColumn(&b, !k, t->col[k].name, t->col[k].type, t->col + k);
    else
      describeColumn(&b, !k, p->out[k].name, p->out[k].e->type, NULL);
  }
  if (!n) describeColumn(&b, true, NULL, TYPE_NULL, NULL);
  snBufStr(&b, ") AS d(column_name, column_type, \"null\", \"key\", "
      "\"default\", extra) WHERE column_name IS NOT NULL");
  return describeParse(c, &b, out);
}

static int describeStmt(Compile *c, const Stmt *s, Select **out) {
  TableState *t = NULL;
  Plan *p = NULL;
  Select *sel = s->select;
  int rc = SEINE_OK;
  if (!sel) {
    const char *name = snAstText(c->p, s->name);
    rc = snSessionFind(c->session, name, strlen(name), &t);
    if (!rc && !t) rc = describeAll(c, s->name, &sel);
  }
  if (!rc && !t) rc = snPlanSelect(c, NULL, sel, &p);
  return rc ? rc : describeRows(c, p, t ? t->table : NULL, out);
}

/* ---- SHOW --------------------------------------------------------------- */

static int describeTables(Compile *c, bool tables, Buf *b) {
  const CatalogObject *o;
  u32 n = tables ? snSessionTables(c->session) : 0;
  snBufStr(b, "SELECT name FROM (VALUES (NULL)");
  for (u32 k = 0; k < n; k++) {
    const char *name;
    int rc = snSessionTableName(c->session, k, &name);
    if (rc) return rc;
    snBufStr(b, ", (");
    describeText(b, name);
    snBufByte(b, ')');
  }
  for (u32 k = 0; (o = snSessionObject(c->session, k)); k++) {
    if (o->kind != OBJECT_VIEW) continue;
    snBufStr(b, ", (");
    describeText(b, o->name);
    snBufByte(b, ')');
  }
  snBufStr(b, ") AS t(name) WHERE name ");
  return b->rc;
}

static int describeShow(Compile *c, const Stmt *s, Select **out) {
  Token w = s->show;
  bool tables = !snAsciiCmp(w.p, w.n, "tables", 6);
  bool views = !snAsciiCmp(w.p, w.n, "views", 5);
  bool columns = !snAsciiCmp(w.p, w.n, "columns", 7);
  Buf b;
  if (columns && s->name.n) return describeStmt(c, s, out);
  if (columns || (!tables && !views))
    return snParseError(c->p, w.at, columns
        ? "SHOW COLUMNS needs a table: SHOW COLUMNS FROM table"
        : "SHOW knows TABLES, VIEWS, COLUMNS FROM a table, and CREATE TABLE");
  if (s->name.n)
    return snParseError(c->p, s->name.at, "a file is one database: SHOW "
        "%.*s names none", (int)w.n, w.p);
  snBufInit(&b, c->arena->budget);
  int rc = describeTables(c, tables, &b);
  if (s->value) {
    snBufStr(&b, "LIKE ");
    snBufSqlText(&b, s->value->text, s->value->len);
  } else {
    snBufStr(&b, "IS NOT NULL");
  }
  snBufStr(&b, " ORDER BY name");
  if (!rc) return describeParse(c, &b, out);
  snBufClear(&b);
  return rc;
}

/* ---- SUMMARIZE ---------------------------------------------------------- */

typedef enum DescribeWhat {
  DESCRIBE_MIN, DESCRIBE_MAX, DESCRIBE_UNIQUE, DESCRIBE_AVG, DESCRIBE_STD,
  DESCRIBE_Q25, DESCRIBE_Q50, DESCRIBE_Q75, DESCRIBE_COUNT, DESCRIBE_NULLS,
  DESCRIBE_WHATS
} DescribeWhat;

/* How each is asked for by the kind of type, %u is the column; NULL: it is
** not.  Quantiles of moments are values that are there. */
static const struct DescribeAsk {
  const char *name, *as, *number, *moment, *other;
} describe_asks[DESCRIBE_WHATS] = {
  {"min", "TEXT", "min(c%u)", "min(c%u)", "min(c%u)"},
  {"max", "TEXT", "max(c%u)", "max(c%u)", "max(c%u)"},
  {"approx_unique", "INTEGER", "count(DISTINCT c%u)",
      "count(DISTINCT c%u)", "count(DISTINCT c%u)"},
  {"avg", "REAL", "avg(c%u)", NULL, NULL},
  {"std", "REAL", "stddev_samp(c%u)", NULL, NULL},
  {"q25", "TEXT", "quantile_cont(c%u, 0.25)", "quantile_disc(c%u, 0.25)",
      NULL},
  {"q50", "TEXT", "quantile_cont(c%u, 0.5)", "quantile_disc(c%u, 0.5)", NULL},
  {"q75", "TEXT", "quantile_cont(c%u, 0.75)", "quantile_disc(c%u, 0.75)",
      NULL},
  {"count", "INTEGER", "count(*)", "count(*)", "count(*)"},
  {"null_percentage", "REAL", "count(c%u)", "count(c%u)", "count(c%u)"},
};

static const char *describeAsk(u8 type, u32 what) {
  const struct DescribeAsk *a = describe_asks + what;
  bool ordered = type == TYPE_TEXT || type == TYPE_KEYWORD ||
      type == TYPE_IP || type == TYPE_BOOLEAN;
  if (snTypeIsNumber(type)) return a->number;
  if (type == TYPE_TIMESTAMP || type == TYPE_DATE) return a->moment;
  return ordered || what > DESCRIBE_MAX ? a->other : NULL;
}

/* CASE over the number of the column. */
static void describePick(Buf *b, const Plan *p, u32 what) {
  const struct DescribeAsk *a = describe_asks + what;
  bool nulls = what == DESCRIBE_NULLS;
  snBufStr(b, nulls ? ", round(100.0 * (m1_8 - CAST(CASE n"
                    : ", CAST(CASE n");
  for (u32 k = 1; k <= p->nout; k++) {
    if (!describeAsk(p->out[k - 1].e->type, what)) continue;
    snBufPrintf(b, a->as[0] == 'T' ? " WHEN %u THEN CAST(m%u_%u AS TEXT)"
                                   : " WHEN %u THEN m%u_%u", k, k, what);
  }
  /* A CASE needs a branch. */
  snBufPrintf(b, " WHEN 0 THEN NULL END AS %s)", nulls ? "INTEGER" : a->as);
  if (nulls) snBufStr(b, ") / CASE WHEN m1_8 > 0 THEN m1_8 END, 2)");
  snBufPrintf(b, " AS \"%s\"", a->name);
}

/* The aggregates of columns [from, to), numbered from 1. */
static void describePiece(Buf *b, const Plan *p, u32 from, u32 to) {
  bool first = true;
  snBufStr(b, ", (SELECT ");
  for (u32 k = from; k < to; k++)
    for (u32 what = 0; what < DESCRIBE_WHATS; what++) {
      const char *ask = describeAsk(p->out[k - 1].e->type, what);
      if (!ask) continue;
      if (!first) snBufStr(b, ", ");
      first = false;
      const char *at = strstr(ask, "%u");
      snBufAdd(b, ask, at ? (size_t)(at - ask) : strlen(ask));
      if (at) snBufPrintf(b, "%u%s", k, at + 2);
      snBufPrintf(b, " AS m%u_%u", k, what);
    }
  snBufStr(b, " FROM (SELECT 1) AS s(");
  for (u32 k = 1; k <= p->nout; k++)
    snBufPrintf(b, k > 1 ? ", c%u" : "c%u", k);
  snBufStr(b, "))");
}

static void describeSummary(Buf *b, const Plan *p) {
  char word[24];
  snBufStr(b, "SELECT name AS column_name, type AS column_type");
  for (u32 what = 0; what < DESCRIBE_WHATS; what++) describePick(b, p, what);
  snBufStr(b, " FROM (VALUES ");
  for (u32 k = 0; k < p->nout; k++) {
    snBufPrintf(b, k ? ", (%u, " : "(%u, ", k + 1);
    describeText(b, p->out[k].name);
    snBufPrintf(b, ", '%s')", snTypeName(p->out[k].e->type, word));
  }
  snBufStr(b, ") AS i(n, name, type)");
  for (u32 k = 1; k <= p->nout; k += DESCRIBE_PIECE)
    describePiece(b, p, k, SN_MIN(k + DESCRIBE_PIECE, p->nout + 1));
  snBufStr(b, " ORDER BY n");
}

static int describeSummarize(Compile *c, const Stmt *s, Select **out) {
  Select *sel = s->select, *copy;
  Plan *p;
  Buf b;
  int rc = sel ? SEINE_OK : describeAll(c, s->name, &sel);
  if (rc) return rc;
  copy = snAstCopySelect(c->p, sel);
  rc = copy ? snPlanSelect(c, NULL, copy, &p) : c->p->rc;
  if (rc) return rc;
  if (p->nout > DESCRIBE_MOST)
    return snParseError(c->p, sel->at, "SUMMARIZE of more than %u columns: "
        "name those that are wanted", DESCRIBE_MOST);
  snBufInit(&b, c->arena->budget);
  describeSummary(&b, p);
  rc = describeParse(c, &b, out);
  if (rc) return rc;
  for (From *f = (*out)->from->next; f && !c->p->rc; f = f->next)
    f->select->from->select = snAstCopySelect(c->p, sel);
  return c->p->rc;
}

int snDescribeThere(Compile *c, Token name) {
  const char *s = snAstText(c->p, name);
  TableState *t;
  if (snSessionObjectFind(c->session, OBJECT_VIEW, s, strlen(s)))
    return SEINE_OK;
  return snResolveTable(c, name, &t);
}

int snDescribe(Compile *c, const Stmt *s, Select **out) {
  const char *of = s->select || !s->name.n ? NULL : snAstText(c->p, s->name);
  *out = NULL;
  if (s->kind != ST_SUMMARIZE && !s->select &&
      snGuard(c, s->name.at, SEINE_AUTH_SCHEMA, of, NULL)) return c->p->rc;
  switch (s->kind) {
  case ST_DESCRIBE: return describeStmt(c, s, out);
  case ST_SUMMARIZE: return describeSummarize(c, s, out);
  default: return describeShow(c, s, out);
  }
}

#undef DESCRIBE_PIECE
#undef DESCRIBE_MOST
