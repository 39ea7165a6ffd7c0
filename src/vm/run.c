/*
** run: fetches instructions and calls their functions; what happens before
** the first and after the last.
*/
#include "vm/vmInt.h"

#define RUN_BATCH (256u << 10) /* bytes kept from batch to batch, at most */
#define RUN_LEFT  (64u << 10)  /* of each kind, to the next run */

int snRunFail(Run *r, int rc, const char *fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  vsnprintf(r->error, sizeof r->error, fmt, ap);
  va_end(ap);
  snUtf8Whole(r->error);
  return rc;
}

int snRunCancelled(void *arg) { return snRunCheck(arg); }

int snRunCheck(Run *r) {
  if (r->reader && r->epoch != snSessionEpoch(r->session))
    return snRunFail(r, SEINE_INTERRUPT,
        "the transaction in which this statement reads was rolled back");
  const volatile int *stop = r->control.interrupted;
  if (stop && __atomic_load_n(stop, __ATOMIC_RELAXED))
    return snRunFail(r, SEINE_INTERRUPT, "interrupted");
  if (r->deadline_ns && snClockNs() > r->deadline_ns)
    return snRunFail(r, SEINE_INTERRUPT,
        "timeout: the statement ran longer than PRAGMA timeout allows");
  if (r->control.progress && r->control.progress(r->control.progress_arg))
    return snRunFail(r, SEINE_INTERRUPT, "interrupted");
  return SEINE_OK;
}

int snRunTurn(Run *r, u32 rows) {
  r->turns += rows;
  if (r->turns < SN_WINDOW) return SEINE_OK;
  r->turns = 0;
  return snRunCheck(r);
}

void snRunNewBatch(Run *r) { snArenaReset(&r->batch, RUN_BATCH); }

Rows16 snRunSel(Run *r, const Sel *s) {
  u32 words = (s->n + 63) / 64, n = snBitsCount(s->bits, words);
  if (n == s->n) return (Rows16){NULL, n};
  if (memcmp(r->list_of, s->bits, words * sizeof *s->bits)) {
    memcpy(r->list_of, s->bits, words * sizeof *s->bits);
    memset(r->list_of + words, 0, (SN_WORDS - words) * sizeof *s->bits);
    (void)snBitsList(s->bits, words, r->list);
  }
  return (Rows16){r->list, n};
}

/* What the program counts.  Statements of microseconds feel each byte that is
** zeroed: bitmaps are not. */
static int runParts(Run *r) {
  const Program *p = r->prog;
  size_t cur = p->ncur * sizeof *r->cur, obj = p->nobj * sizeof *r->obj;
  size_t memo = p->n * sizeof *r->memo, sel = p->nsel * sizeof *r->sel;
  size_t zero = cur + obj + memo;
  u8 *at = snArenaAlloc(&r->keep, zero + sel + p->nreg * sizeof *r->reg);
  if (!at) return SN_NOMEM;
  memset(at, 0, zero);
  r->cur = (Cursor *)(void *)at;
  r->obj = (Object **)(void *)(at + cur);
  r->memo = (Memo **)(void *)(at + cur + obj);
  r->sel = (Sel *)(void *)(at + zero);
  r->reg = (Reg *)(void *)(at + zero + sel);
  for (u32 i = 0; i < p->nsel; i++) snSelAll(r->sel + i, 0);
  for (u32 i = 0; i < p->nreg; i++) {
    memset(r->reg + i, 0, offsetof(Reg, done));
    r->reg[i].v.type = p->reg_type[i];
  }
  return SEINE_OK;
}

static Run *runFresh(Budget *b) {
  Run *r = snMemAlloc(b, sizeof *r);
  if (!r) return NULL;
  memset(r, 0, offsetof(Run, rows_list));
  memset(r->list_of, 0, sizeof r->list_of);
  snArenaInit(&r->batch, b);
  snArenaInit(&r->keep, b);
  snBufInit(&r->scratch, b);
  return r;
}

/* The one that was left in the session, or a new one; zeroed but for what it
** keeps. */
static Run *runTake(Session *s) {
  Budget *b = snSessionBudget(s);
  Run **left = snSessionRun(s), *r = *left;
  *left = NULL;
  if (r) return r;
  return runFresh(b);
}

int snRunNew(Session *s, const Program *p, const ParamValue *params,
    Run **out) {
  *out = NULL;
  snMemSpareAge(snSessionBlocks(s));
  Run *r = runTake(s);
  if (!r) return SN_NOMEM;
  r->session = s;
  r->prog = p;
  r->budget = snSessionBudget(s);
  r->param = params;
  r->batch_rows = (u32)snSessionSettings(s)->batch_rows;
  r->ops = snLimit(r->budget, SEINE_LIMIT_OPS);
  if (runParts(r)) {
    snRunFree(r);
    return SN_NOMEM;
  }
  *out = r;
  return SEINE_OK;
}

/* Registers are seen, not owned: what the twin writes it writes to buffers of
** its own. */
int snRunTwin(Run *of, Run **out) {
  Run *t = *out = runFresh(of->budget);
  if (!t) return SN_NOMEM;
  t->twin = t->begun = true;
  t->session = of->session;
  t->prog = of->prog;
  t->budget = of->budget;
  t->param = of->param;
  t->batch_rows = of->batch_rows;
  t->ops = of->ops;
  t->now_us = of->now_us;
  t->start_ns = of->start_ns;
  t->deadline_ns = of->deadline_ns;
  t->control.interrupted = of->control.interrupted;
  int rc = runParts(t);
  if (rc) return rc;
  memcpy(t->sel, of->sel, of->prog->nsel * sizeof *t->sel);
  for (u32 i = 0; i < of->prog->nreg; i++) {
    const Vec *v = &of->reg[i].v;
    t->reg[i].v = (Vec){.type = v->type, .form = v->form, .data = v->data,
        .nulls = v->nulls, .dict = v->dict, .dict_key = v->dict_key};
  }
  return of->profile ? snRunProfile(t) : SEINE_OK;
}

static void runRelease(Run *r) {
  if (r->cur)
    for (u32 i = 0; i < r->prog->ncur; i++) snCursorClose(r, r->cur + i);
  if (r->reader) snSessionReader(r->session, -1);
  r->reader = false;
  snCatalogDrop(r->cat);
  r->cat = NULL;
  if (r->writing) {
    char message[256];
    (void)snSessionWriteEnd(r->session, r->kept, message);
    if (r->undone) (void)snSessionRollback(r->session);
  }
  r->writing = false;
}

void snRunDiscard(Run *r) {
  if (!r) return;
  snArenaClear(&r->batch);
  snArenaClear(&r->keep);
  snBufClear(&r->scratch);
  snMemFree(r);
}

/* To the next run, unless there is one that did so. */
static void runLeave(Run *r) {
  Run **left = snSessionRun(r->session);
  if (*left) {
    snRunDiscard(r);
    return;
  }
  snArenaReset(&r->batch, RUN_LEFT);
  snArenaReset(&r->keep, RUN_LEFT);
  if (r->scratch.rc || r->scratch.cap > RUN_LEFT) snBufClear(&r->scratch);
  r->scratch.n = 0;
  memset(r, 0, offsetof(Run, batch));
  *left = r;
}

void snRunFree(Run *r) {
  if (!r) return;
  runRelease(r);
  for (u32 i = 0; r->obj && i < r->prog->nobj; i++) snRunForget(r, i);
  for (u32 i = 0; r->memo && i < r->prog->n; i++) {
    if (!r->memo[i]) continue;
    snMemFree(r->memo[i]->out.buf);
    snMemFree(r->memo[i]->out.null_buf);
    snArenaClear(&r->memo[i]->arena);
    if (r->memo[i]->kept) r->memo[i]->kept->free(r->memo[i]->kept);
    snMemFree(r->memo[i]);
  }
  for (u32 i = 0; r->reg && i < r->prog->nreg; i++) snRegFree(r, i);
  if (r->twin) snRunDiscard(r);
  else runLeave(r);
}

/* Everything a statement reads is pinned before its first row: all cursors
** see one state. */
static int runBegin(Run *r) {
  const Program *p = r->prog;
  i64 timeout = snSessionSettings(r->session)->timeout_ms;
  r->begun = true;
  r->start_ns = snClockNs();
  Vfs *v = snOsUnix();
  r->now_us = v->now_us(v);
  if (timeout > 0)
    r->deadline_ns = r->start_ns + (u64)timeout * 1000000;
  if (p->writes) {
    int rc = snSessionWriteBegin(r->session, r->error);
    if (rc) return rc;
    r->writing = true;
    /* While we waited for the lock others may have changed the tables. */
    if (p->cookie != snSessionCookie(r->session)) return SEINE_SCHEMA;
  } else if (p->ncur) {
    snSessionReader(r->session, 1);
    r->reader = true;
  }
  r->cat = snSessionKeep(r->session);
  r->epoch = snSessionEpoch(r->session);
  for (u32 i = 0; i < p->ncur; i++) {
    int rc = snCursorOpen(r, r->cur + i, p->cur + i);
    if (rc) return rc;
  }
  return snRunCheck(r);
}

#define RUN_FN(name, fn, text, kinds) fn,
static const OpFn run_ops[] = {VM_OPCODES(RUN_FN)};
#undef RUN_FN

static const char *runMessage(int rc) {
  switch (rc) {
  case SEINE_NOMEM:
    return "out of memory: more is needed than PRAGMA memory_limit or the "
           "machine allows";
  case SEINE_CORRUPT:
    return "the database file is damaged: run PRAGMA integrity_check";
  case SEINE_IOERR: return "the operating system could not read or write";
  case SEINE_FULL: return "no space left on the device";
  case SEINE_TOOBIG: return "a value or a result is too large";
  default: return seine_errstr(rc);
  }
}

static int runTooMany(Run *r) {
  return snRunFail(r, SEINE_INTERRUPT, "the statement is stopped: %s",
      snLimitSay(r->budget, SEINE_LIMIT_OPS));
}

static int runPlain(Run *r) {
  int rc = SEINE_OK;
  while (!rc) {
    if (SN_UNLIKELY(!r->ops--)) return runTooMany(r);
    const Instr *i = r->prog->code + r->pc++;
    rc = run_ops[i->op](r, i);
  }
  return rc;
}

/* The same, with the clock read between instructions. */
static int runProfiled(Run *r) {
  int rc = SEINE_OK;
  while (!rc) {
    if (SN_UNLIKELY(!r->ops--)) return runTooMany(r);
    u32 at = r->pc++;
    const Instr *i = r->prog->code + at;
    u64 in = snProfileRowsIn(r, i);
    rc = run_ops[i->op](r, i);
    snProfileCount(r, i, at, in);
  }
  return rc;
}

/* What is half made when the interrupt comes may look like an error. */
int snRunLoop(Run *r) {
  int rc = r->profile ? runProfiled(r) : runPlain(r);
  if (rc != SEINE_ERROR || !snStops(r->control.interrupted)) return rc;
  return snRunCheck(r);
}

int snRunInstr(Run *r, const Instr *i) { return run_ops[i->op](r, i); }

/* After the last instruction, or an error. */
static int runEnd(Run *r, int rc) {
  if (rc == SEINE_DONE) {
    r->done = true;
    if (r->writing) {
      r->writing = false;
      rc = snSessionWriteEnd(r->session, true, r->error);
    }
    runRelease(r);
    if (rc == SEINE_DONE) rc = SEINE_OK;
    if (!rc && r->prog->compacts && !snSessionInTxn(r->session))
      rc = snVacuumAfter(r->session, snRunCancelled, r, r->error);
    if (!rc) snSessionSpare(r->session);
    r->rc = rc;
    if (!rc) return SEINE_DONE;
  }
  r->rc = rc;
  if (!r->error[0])
    snprintf(r->error, sizeof r->error, "%s", runMessage(rc));
  runRelease(r);
  return rc;
}

int snRunStep(Run *r) {
  int rc = r->rc;
  if (rc) return rc;
  if (r->done) return SEINE_DONE;
  if (r->profile) snProfileEnter(r);
  if (!r->begun) {
    rc = runBegin(r);
    if (r->profile) snProfileBegun(r);
  }
  if (!rc) rc = snRunLoop(r);
  if (rc != SEINE_ROW) rc = runEnd(r, rc);
  r->stats.ns = (i64)(snClockNs() - r->start_ns);
  if (r->profile) snProfileLeave(r, rc);
  return rc;
}

const char *snRunError(const Run *r) { return r->error; }
const RunStats *snRunStats(const Run *r) { return &r->stats; }
Rows16 snRunRows(Run *r) { return r->rows; }

const Vec *snRunColumn(Run *r, u32 i) {
  return snReg(r, r->result->reg[i]);
}

void snRunSetControl(Run *r, const RunControl *c) { r->control = *c; }

/* ---- flow --------------------------------------------------------------- */

int opHalt(Run *r, const Instr *i) {
  (void)r;
  (void)i;
  return SEINE_DONE;
}

int opGoto(Run *r, const Instr *i) {
  r->pc = (u32)i->jump;
  return SEINE_OK;
}

typedef struct ReturnObject {
  Object head;
  u32 pc;
} ReturnObject;

static void runReturnFree(Object *o) { snMemFree(o); }

int opCall(Run *r, const Instr *i) {
  ReturnObject *o = (ReturnObject *)r->obj[i->a];
  if (!o) {
    o = snMemZero(r->budget, sizeof *o);
    if (!o) return SN_NOMEM;
    o->head.free = runReturnFree;
    r->obj[i->a] = &o->head;
  }
  o->pc = r->pc;
  r->pc = (u32)i->jump;
  return SEINE_OK;
}

int opReturn(Run *r, const Instr *i) {
  r->pc = ((const ReturnObject *)r->obj[i->a])->pc;
  return SEINE_OK;
}

void snRunForget(Run *r, u32 obj) {
  if (r->obj[obj]) r->obj[obj]->free(r->obj[obj]);
  r->obj[obj] = NULL;
}

void snRunAgain(Run *r, const AgainDef *d) {
  for (u32 k = d->obj; k < d->obj_end; k++) snRunForget(r, k);
  for (u32 k = d->cur; k < d->cur_end; k++) snCursorRewind(r->cur + k);
}

/* p: AgainDef. */
int opAgain(Run *r, const Instr *i) {
  snRunAgain(r, i->p);
  return SEINE_OK;
}

/* The value is not copied: it stays good as long as that of a. */
int opMove(Run *r, const Instr *i) {
  const Vec *in = snReg(r, i->a);
  int rc = in->form == VEC_CODE ? SEINE_OK
                                : snRegDecode(r, i->a, r->sel + i->sel);
  snRegAlias(r, i->dst, i->a);
  return rc;
}

int opMoveSel(Run *r, const Instr *i) {
  r->sel[i->dst] = r->sel[i->sel];
  return SEINE_OK;
}

/* k: so many rows; 0: one. */
int opOne(Run *r, const Instr *i) {
  snRunNewBatch(r);
  snSelAll(r->sel + i->sel, i->k ? (u32)i->k : 1);
  return SEINE_OK;
}

int opEmpty(Run *r, const Instr *i) {
  if (snBitsEmpty(r->sel[i->sel].bits, SN_WORDS)) r->pc = (u32)i->jump;
  return SEINE_OK;
}

int opSelect(Run *r, const Instr *i) {
  u64 yes[SN_WORDS];
  Sel *s = r->sel + i->sel;
  snVecTrue(snReg(r, i->a), yes);
  for (u32 w = 0; w < SN_WORDS; w++) s->bits[w] &= yes[w];
  return SEINE_OK;
}

int opSplit(Run *r, const Instr *i) {
  u64 yes[SN_WORDS];
  const Sel *s = r->sel + i->sel;
  Sel *t = r->sel + i->dst, *e = r->sel + i->b;
  snVecTrue(snReg(r, i->a), yes);
  t->n = e->n = s->n;
  for (u32 w = 0; w < SN_WORDS; w++) {
    u64 b = s->bits[w];
    t->bits[w] = b & yes[w];
    e->bits[w] = b & ~yes[w];
  }
  return SEINE_OK;
}

int opResult(Run *r, const Instr *i) {
  const Sel *s = r->sel + i->sel;
  r->result = i->p;
  for (u32 k = 0; k < r->result->n; k++) {
    int rc = snRegDecode(r, r->result->reg[k], s);
    if (rc) return rc;
  }
  u32 n = snBitsList(s->bits, (s->n + 63) / 64, r->rows_list);
  r->rows = (Rows16){r->rows_list, n};
  return n ? SEINE_ROW : SEINE_OK;
}

int snRunWindow(Run *r, u16 limit, u16 offset) {
  i64 rows = snRegInt(r, limit, 0), skip = snRegInt(r, offset, 0), sum;
  if (__builtin_add_overflow(SN_MAX(rows, 0), SN_MAX(skip, 0), &sum))
    sum = INT64_MAX - 1;
  if (sum <= snLimit(r->budget, SEINE_LIMIT_RESULT_WINDOW)) return SEINE_OK;
  return snRunFail(r, SEINE_TOOBIG, "LIMIT and OFFSET come to %lld rows: %s",
      (long long)sum, snLimitSay(r->budget, SEINE_LIMIT_RESULT_WINDOW));
}

typedef struct LimitObject {
  Object head;
  i64 skip, left;
} LimitObject;

static void runLimitFree(Object *o) { snMemFree(o); }

int opLimit(Run *r, const Instr *i) {
  LimitObject *o = (LimitObject *)r->obj[i->a];
  Sel *s = r->sel + i->sel;
  if (!o) {
    int rc = snRunWindow(r, i->b, i->c);
    if (rc) return rc;
    o = snMemZero(r->budget, sizeof *o);
    if (!o) return SN_NOMEM;
    o->head.free = runLimitFree;
    r->obj[i->a] = &o->head;
    o->left = snRegInt(r, i->b, -1);
    o->skip = snRegInt(r, i->c, 0);
    if (o->left < 0) o->left = INT64_MAX;
  }
  if (!o->left) {
    r->pc = (u32)i->jump;
    return SEINE_OK;
  }
  for (u32 w = 0; w < SN_WORDS; w++) {
    u64 keep = 0;
    for (u64 b = s->bits[w]; b; b &= b - 1) {
      if (o->skip > 0) {
        o->skip--;
      } else if (o->left > 0) {
        o->left--;
        keep |= b & (0 - b);
      }
    }
    s->bits[w] = keep;
  }
  return SEINE_OK;
}

#undef RUN_BATCH
#undef RUN_LEFT
