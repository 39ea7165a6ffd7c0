/*
** guard: who is asked what a statement may touch (seine_set_authorizer).
**
** Invariants: (1) a column of a table comes into a tree by snPlanColumnNew()
** alone, which asks; what reads columns without it writes their rows anew, or
** is a CHECK of the table, and shows nobody what it read.  (2) What a view
** reads is asked for with the name of the view.
*/
#include "sql/plan.h"

static int guardAsk(const Compile *c, int action, const char *a,
    const char *b) {
  const Guard *g = snSessionGuard(c->session);
  if (!g->fn) return SEINE_AUTH_OK;
  return g->fn(g->arg, action, a, b, c->views ? c->views->name : NULL);
}

static const char *guardVerb(int action) {
  static const char *const words[] = {
    [SEINE_AUTH_SELECT] = "select", [SEINE_AUTH_READ] = "read",
    [SEINE_AUTH_INSERT] = "insert into", [SEINE_AUTH_UPDATE] = "update",
    [SEINE_AUTH_DELETE] = "delete from",
    [SEINE_AUTH_CREATE_TABLE] = "create table",
    [SEINE_AUTH_ALTER_TABLE] = "alter table",
    [SEINE_AUTH_DROP_TABLE] = "drop table",
    [SEINE_AUTH_CREATE_INDEX] = "create index",
    [SEINE_AUTH_DROP_INDEX] = "drop index",
    [SEINE_AUTH_CREATE_VIEW] = "create view",
    [SEINE_AUTH_DROP_VIEW] = "drop view",
    [SEINE_AUTH_CREATE_ANALYZER] = "create analyzer",
    [SEINE_AUTH_DROP_ANALYZER] = "drop analyzer",
    [SEINE_AUTH_FUNCTION] = "call", [SEINE_AUTH_PRAGMA] = "pragma",
    [SEINE_AUTH_TRANSACTION] = "transaction",
    [SEINE_AUTH_SAVEPOINT] = "savepoint",
    [SEINE_AUTH_READ_FILE] = "read file",
    [SEINE_AUTH_WRITE_FILE] = "write file",
    [SEINE_AUTH_OPTIMIZE] = "optimize", [SEINE_AUTH_VACUUM] = "vacuum",
    [SEINE_AUTH_SCHEMA] = "describe",
  };
  return words[action];
}

static int guardRefuse(Compile *c, u32 at, int action, const char *a,
    const char *b) {
  bool dot = b && *b && (action == SEINE_AUTH_READ ||
      action == SEINE_AUTH_UPDATE || action == SEINE_AUTH_INSERT ||
      action == SEINE_AUTH_ALTER_TABLE);
  (void)snParseError(c->p, at, "not authorized: %s%s%.100s%s%.100s",
      guardVerb(action), a ? " " : "", a ? a : "",
      dot ? "." : b && *b ? " " : "", b ? b : "");
  return c->p->rc = SEINE_AUTH;
}

/* ---- a check of invariant (1) ------------------------------------------- */

#ifdef SEINE_TEST
typedef struct GuardAsked {
  struct GuardAsked *before;
  u64 table;
  i64 col;
} GuardAsked;

static int guardNote(Compile *c, const Table *t, i64 col) {
  GuardAsked *a = t ? snArenaZero(c->arena, sizeof *a) : NULL;
  if (!a) return t ? c->p->rc = SN_NOMEM : SEINE_OK;
  *a = (GuardAsked){c->asked, t->id, col};
  c->asked = a;
  return SEINE_OK;
}

static void guardWas(const Compile *c, u16 cursor, i64 col) {
  const Table *t = c->prog->cur[cursor].table;
  const GuardAsked *a = c->asked;
  bool anew = c->prog->writes && c->p->stmt.name.n &&
      snAsciiEq(t->name, strlen(t->name), c->p->stmt.name.p,
          c->p->stmt.name.n);
  if (anew || col == (i64)REF_COLUMN) return;
  while (a && (a->table != t->id || a->col != col)) a = a->before;
  assert(a);
}

void snGuardCheck(const Compile *c) {
  const Program *p = c->prog;
  if (!snSessionGuard(c->session)->fn) return;
  for (u32 i = 0; i < p->n; i++) {
    const Instr *in = p->code + i;
    const TopDef *top = in->p;
    switch (in->op) {
    case OP_Column: case OP_Fetch: case OP_Extreme:
      guardWas(c, in->a, in->k);
      break;
    case OP_Where:
      guardWas(c, in->a, (i64)((const WhereDef *)in->p)->column);
      break;
    case OP_MatchTop:
      for (u32 k = 0; top && k < top->nwhere; k++)
        guardWas(c, in->a, (i64)top->where[k].column);
      break;
    case OP_Table: {
      const TableDef *d = in->p;
      if (d->cursor != NO_REG) guardWas(c, d->cursor, (i64)d->column);
      break;
    }
    default: break;
    }
  }
}
#endif

/* ---- what is asked ------------------------------------------------------ */

int snGuard(Compile *c, u32 at, int action, const char *a, const char *b) {
  if (c->p->rc) return c->p->rc;
  if (guardAsk(c, action, a, b) == SEINE_AUTH_OK) return SEINE_OK;
  return guardRefuse(c, at, action, a, b);
}

int snGuardRead(Compile *c, const Source *s, i64 col, u32 at, bool *hide) {
  const char *table = s->table ? s->table->name : s->view, *name = "rowid";
  *hide = false;
  if (!table || c->checks || !snSessionGuard(c->session)->fn)
    return SEINE_OK;
  if (col != (i64)ROWID_COLUMN) name = snPlanColumnName(s, (u32)col);
  int answer = guardAsk(c, SEINE_AUTH_READ, table, name);
#ifdef SEINE_TEST
  if (guardNote(c, s->table, col)) return c->p->rc;
#endif
  *hide = answer == SEINE_AUTH_IGNORE;
  if (*hide || answer == SEINE_AUTH_OK) return SEINE_OK;
  return guardRefuse(c, at, SEINE_AUTH_READ, table, name);
}

/* May a word of a query be looked for in that column? */
static bool guardSearches(const Table *t, u32 k) {
  u8 type = t->col[k].type & (u8)~TYPE_ARRAY;
  size_t n;
  return (type == TYPE_TEXT || type == TYPE_KEYWORD) &&
      !snTableTarget(t->col + k, &n);
}

int snGuardMatch(Compile *c, const Source *s, QueryAsk *ask, u32 at) {
  const Table *t = s->table;
  if (!snSessionGuard(c->session)->fn) return SEINE_OK;
  for (u32 k = 0; k < t->ncol; k++) {
    bool asked = !ask->ncol && guardSearches(t, k);
    bool named = ask->form == ASK_QUERY;
    if (!asked && !named) continue;
    if (guardAsk(c, SEINE_AUTH_READ, t->name, t->col[k].name) ==
        SEINE_AUTH_OK) continue;
    if (asked)
      return guardRefuse(c, at, SEINE_AUTH_READ, t->name, t->col[k].name);
    ask->closed = true;
  }
  return SEINE_OK;
}
