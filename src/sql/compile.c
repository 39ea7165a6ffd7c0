/*
** compile: from the text of a statement to its program.
*/
#include "sql/plan.h"

static int compileParams(Parse *p, Program *prog) {
  prog->nparam = p->nparam;
  prog->param_name = snArenaZero(&prog->arena,
      (p->nparam + 1) * sizeof *prog->param_name);
  if (!prog->param_name) return SN_NOMEM;
  for (u32 i = 0; i < p->nparam; i++) {
    if (!p->param[i]) continue;
    prog->param_name[i] = snArenaDup(&prog->arena, p->param[i],
        strlen(p->param[i]));
    if (!prog->param_name[i]) return SN_NOMEM;
  }
  return SEINE_OK;
}

int snSqlCompile(Session *s, const char *sql, size_t n,
    const u8 *param_types, u32 nparams, Program **out, const char **tail,
    SqlError *err) {
  Arena arena;
  u32 end = 0;
  *out = NULL;
  memset(err, 0, sizeof *err);
  err->offset = -1;
  const Budget *b = snSessionBudget(s);
  snArenaInit(&arena, snSessionBudget(s));
  Parse p = {.arena = &arena, .session = s, .sql = sql,
      .n = (u32)SN_MIN(n, UINT32_MAX - 1),
      .most = (u32)snLimit(b, SEINE_LIMIT_SQL_LENGTH), .err = err};
  Compile c = {.p = &p, .arena = &arena, .session = s, .err = err,
      .param_type = param_types, .nparam_type = nparams};
  int rc = snFeed(&p, &end);
  if (tail) *tail = sql + end;
  if (!rc && p.stmt.kind != ST_NONE) {
    /* ROLLBACK needs no look at the file. */
    bool leaves = p.stmt.kind == ST_ROLLBACK && !p.stmt.explain;
    rc = leaves ? SEINE_OK : snSessionRefresh(s);
    c.prog = rc ? NULL : snProgNew(snSessionBudget(s));
    if (!rc && !c.prog) rc = SN_NOMEM;
    if (!rc) rc = snCodeStmt(&c);
    if (!rc) rc = compileParams(&p, c.prog);
    if (!rc && snStops(snMemStop(b))) rc = SEINE_INTERRUPT;
    if (!rc) c.prog->leaves = leaves;
    if (!rc && !leaves) c.prog->cookie = snSessionCookie(s);
    if (!rc && c.prog->plan) c.prog->plan->cookie = c.prog->cookie;
    if (rc) snProgFree(c.prog);
    else *out = c.prog;
  }
  if (rc && !err->message[0])
    snprintf(err->message, sizeof err->message, "%s", seine_errstr(rc));
  snMemFree(p.param);
  snArenaClear(&arena);
  return rc;
}
