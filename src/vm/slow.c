/*
** slow: which statements took long?  A connection keeps the last ones that
** took PRAGMA slow_query_ms or longer; seine_slow_queries() shows them.
**
** Invariants: (1) the log is a ring: entry k of all that came lies at
** k % SLOW_MOST; (2) what cannot be kept for want of memory is not: a
** statement that is over does not fail for its log.
*/
#include "vm/vmInt.h"

#define SLOW_MOST 128u  /* statements kept */
#define SLOW_TEXT 4096u /* bytes of each, at most */

typedef struct SlowEntry {
  i64 start_us, ns, rows, most_ns;
  char most[32];     /* the dearest instruction */
  char result[256];
  char *sql;
} SlowEntry;

struct SlowLog {
  Budget *budget;
  u64 n;             /* that came */
  SlowEntry entry[SLOW_MOST];
};

void snSlowFree(SlowLog *l) {
  if (!l) return;
  for (u32 i = 0; i < SLOW_MOST; i++) snMemFree(l->entry[i].sql);
  snMemFree(l);
}

static SlowLog *slowLog(Session *s) {
  SlowLog **at = snSessionSlow(s);
  if (!*at) *at = snMemZero(snSessionBudget(s), sizeof **at);
  if (*at) (*at)->budget = snSessionBudget(s);
  return *at;
}

static const char *slowResult(const Run *r) {
  if (r->done && !r->rc) return "done";
  return r->rc ? r->error : "reset before its end";
}

void snSlowNote(const Run *r, const char *sql, size_t n) {
  const Profile *f = r->profile;
  i64 least = snSessionSettings(r->session)->slow_ms;
  if (!f || !least || f->wall < least * 1000000) return;
  SlowLog *l = slowLog(r->session);
  if (!l) return;
  SlowEntry *e = l->entry + l->n % SLOW_MOST;
  u32 most = snProfileMost(f);
  char *text = snMemDup(l->budget, sql, SN_MIN(n, SLOW_TEXT));
  if (!text) return;
  snUtf8Whole(text);
  snMemFree(e->sql);
  *e = (SlowEntry){.start_us = r->now_us, .ns = f->wall, .rows = f->rows,
      .most_ns = snProfileNs(f, f->row[most].ticks), .sql = text};
  if (most < f->n)
    snprintf(e->most, sizeof e->most, "%u %s", most,
        snProgName(r->prog->code[most].op));
  else snprintf(e->most, sizeof e->most, most == f->n ? "begin" : "end");
  snprintf(e->result, sizeof e->result, "%s", slowResult(r));
  l->n++;
}

/* The oldest first. */
int snSlowFill(TableCall *c) {
  const SlowLog *l = *snSessionSlow(c->session);
  u64 n = l ? l->n : 0;
  for (u64 i = n - SN_MIN(n, SLOW_MOST); i < n; i++) {
    const SlowEntry *e = l->entry + i % SLOW_MOST;
    snRowsInt(&c->out, e->start_us);
    snRowsReal(&c->out, (double)e->ns / 1e6);
    snRowsInt(&c->out, e->rows);
    snRowsText(&c->out, e->most);
    snRowsReal(&c->out, (double)e->most_ns / 1e6);
    snRowsText(&c->out, e->result);
    snRowsText(&c->out, e->sql);
    snRowsEnd(&c->out);
  }
  c->done = true;
  return c->out.rc;
}

#undef SLOW_MOST
#undef SLOW_TEXT
