/*
** fork: the loop over the windows of a table, run by several threads.
**
** A loop is the instructions from Next to where it jumps at the end.  The
** table is cut into pieces of some windows, and each thread claims the next
** one.  A thread has a run of its own, a twin: registers, cursors over twins
** of the segments, aggregates; of build sides and sub-queries, which nobody
** changes any more, it has a borrowed copy.  The statement's own thread takes
** part.  At the end what the threads have collected is put together in the
** order of the pieces, so that not even the order of groups, or of rows that
** are equal in a sort, tells how many threads there were.
**
** What a loop collects are groups, whose states are merged; or rows, which
** wait in the twin (Queue) until the instruction that stood there gets them.
** The first pieces are read by the statement's thread alone, as long as they
** make nearly as many groups as they have rows: to merge those would cost what
** threads save.
**
** Invariants: (1) only instructions that fork_kinds allows run in a twin;
** (2) while threads run, what two of them can reach is not written, but for
** the numbers in Fork that are read and written atomically; (3) twins live as
** long as the run: a group may be a code of a twin's dictionary; (4) a loop
** that runs inside of another one, or in a part that is called, is not forked.
*/
#include "vm/vmInt.h"

#ifdef SEINE_TEST
#define FORK_WINDOWS 1u /* of a piece */
#else
#define FORK_WINDOWS 8u
#endif
#define FORK_PIECES  3u /* a table of fewer is not worth a thread */
#define FORK_THREADS 64u
#define FORK_SINKS   8u
#define FORK_DENSE   8u /* rows for each group, at least, */
#define FORK_MORE   32u /* ... and rows that threads still have to read */
#define FORK_COPIES  4  /* rows that wait are added behind, and sorted */
#define FORK_NONE    UINT32_MAX

typedef enum ForkKind {
  FORK_NEVER,
  FORK_FREE,   /* of registers, selections and cursors alone */
  FORK_JOIN,   /* reads the join a, and writes to its batch */
  FORK_LOOK,   /* reads the object a */
  FORK_KNOWN,  /* ..., and notes there what the window tells */
  FORK_GROUP,  /* collects groups in a, ... */
  FORK_ROWS    /* ... rows */
} ForkKind;

static const u8 fork_kinds[OP_COUNT] = {
  [OP_Goto] = FORK_FREE, [OP_Move] = FORK_FREE, [OP_MoveSel] = FORK_FREE,
  [OP_Column] = FORK_FREE, [OP_RowRef] = FORK_FREE,
  [OP_Score] = FORK_FREE, [OP_MatchBits] = FORK_FREE,
  [OP_Where] = FORK_FREE, [OP_Select] = FORK_FREE, [OP_Empty] = FORK_FREE,
  [OP_Split] = FORK_FREE, [OP_Arith] = FORK_FREE, [OP_Neg] = FORK_FREE,
  [OP_Compare] = FORK_FREE, [OP_Is] = FORK_FREE, [OP_And] = FORK_FREE,
  [OP_Or] = FORK_FREE, [OP_Not] = FORK_FREE, [OP_IsNull] = FORK_FREE,
  [OP_Blend] = FORK_FREE, [OP_Fold] = FORK_FREE,
  [OP_Element] = FORK_FREE, [OP_Cast] = FORK_FREE, [OP_Func] = FORK_FREE,
  [OP_Like] = FORK_FREE, [OP_Concat] = FORK_FREE, [OP_In] = FORK_FREE,
  [OP_Probe] = FORK_JOIN, [OP_Pairs] = FORK_JOIN,
  [OP_PairBuild] = FORK_JOIN, [OP_PairProbe] = FORK_JOIN,
  [OP_Recall] = FORK_KNOWN, [OP_Learn] = FORK_KNOWN,
  [OP_PairOn] = FORK_JOIN, [OP_Look] = FORK_LOOK, [OP_LookOne] = FORK_LOOK,
  [OP_Group] = FORK_GROUP, [OP_BuildAdd] = FORK_ROWS,
  [OP_LookAdd] = FORK_ROWS, [OP_RowsAdd] = FORK_ROWS,
  [OP_SortAdd] = FORK_ROWS,
};

typedef struct ForkPiece {
  u32 seg, from, to;     /* windows [from, to) */
  u32 by;                /* the worker that claimed it */
  u32 upto[FORK_SINKS];  /* what that one had collected behind it */
} ForkPiece;

typedef struct ForkSink {
  u32 at;                /* of the instruction */
  bool rows;
  const RegList *cols;   /* of rows */
  u8 *types;
  Object *base;          /* of the statement's run: from the first pieces */
} ForkSink;

struct ForkWorker {
  Fork *fork;
  Run *run;
  Thread *thread;
  u32 index, piece;      /* FORK_NONE: none was claimed */
  int rc;
};

struct Fork {
  Run *run;              /* the statement's */
  u32 start, end;        /* of the loop: Next, and behind its last one */
  ForkPiece *piece;
  u32 npiece, alone;     /* the first ones, that the statement's thread read */
  u32 claimed;           /* atomic: pieces */
  u32 failed;            /* atomic: least piece that failed, or FORK_NONE */
  u32 stop;              /* atomic: true: whoever runs ends */
  u32 over;              /* atomic: true: it is too much, all is in vain */
  ForkSink sink[FORK_SINKS];
  u32 nsink;
  bool decided, forked;  /* it pays, or cannot be; there are threads */
  bool merged;           /* what the first sink's object has is the run's */
  bool again;            /* it is asked whether the loop may run again */
  const Program *own;    /* the run's, while that has the other one: */
  Program prog;          /* with Queue where rows are collected */
  ForkWorker *worker;    /* the first is the statement's own thread */
  u32 nworker;
};

/* ---- is it a loop to fork? ---------------------------------------------- */

static const RegList *forkCols(const Instr *i) {
  switch (i->op) {
  case OP_BuildAdd: return ((const JoinDef *)i->p)->cols;
  case OP_LookAdd: return ((const LookDef *)i->p)->cols;
  case OP_RowsAdd: return ((const RowsDef *)i->p)->cols;
  default: return ((const SortDef *)i->p)->cols;
  }
}

static bool forkSink(Fork *f, u32 at) {
  const Instr *i = f->run->prog->code + at;
  const SortDef *sort = i->op == OP_SortAdd ? i->p : NULL;
  if (f->nsink == FORK_SINKS) return false;
  const Object *o = f->again ? NULL : f->run->obj[i->a]; /* then not ours */
  bool part = o && o->pass && o->pass->mask;
  if (part || (!f->again && i->op == OP_Group && !snGroupMerges(i->p)))
    return false;
  if (sort && sort->nkeys && sort->limit != NO_REG) return false;
  bool rows = fork_kinds[i->op] == FORK_ROWS;
  f->sink[f->nsink++] = (ForkSink){.at = at, .rows = rows,
      .cols = rows ? forkCols(i) : NULL};
  return true;
}

static bool forkMay(Fork *f, u32 at) {
  const Run *r = f->run;
  const Instr *i = r->prog->code + at;
  const FuncCallDef *call = i->op == OP_Func ? i->p : NULL;
  bool jumps = i->jump > 0;
  if (jumps && ((u32)i->jump < f->start || (u32)i->jump >= f->end))
    return false;
  if (call && (call->func->flags & FUNC_IMPURE)) return false;
  switch (fork_kinds[i->op]) {
  case FORK_FREE: return true;
  case FORK_JOIN: return snJoinLends(r->obj[i->a]);
  case FORK_LOOK: case FORK_KNOWN: return true;
  case FORK_GROUP:
  case FORK_ROWS: return forkSink(f, at);
  default: return false;
  }
}

/* Rows are collected as they are read: to put them together takes as long as
** to collect them. */
static bool forkIsBare(const Fork *f) {
  const Instr *code = f->run->prog->code;
  bool bare = FORK_WINDOWS > 1;
  for (u32 at = f->start + 1; bare && at < f->end; at++) {
    u8 op = code[at].op;
    bare = op == OP_Column || op == OP_Goto || fork_kinds[op] == FORK_ROWS;
  }
  return bare;
}

/* Nothing is read that is collected in the same loop. */
static bool forkApart(const Fork *f) {
  const Instr *code = f->run->prog->code;
  for (u32 at = f->start; at < f->end; at++) {
    u8 kind = fork_kinds[code[at].op];
    if (kind != FORK_JOIN && kind != FORK_LOOK) continue;
    for (u32 k = 0; k < f->nsink; k++)
      if (code[f->sink[k].at].a == code[at].a) return false;
  }
  for (u32 k = 0; k < f->nsink; k++)
    for (u32 j = 0; j < k; j++)
      if (code[f->sink[k].at].a == code[f->sink[j].at].a) return false;
  return true;
}

/* Is instruction `last` in the part that the one at `at` runs, if any? */
static bool forkCalled(const Program *p, u32 at, u32 last) {
  const Instr *i = p->code + at;
  u32 from = i->op == OP_Apply ? at : (u32)i->jump, to = from;
  if (i->op == OP_Apply) to = (u32)i->jump;
  else if (i->op != OP_Call) return false;
  else while (p->code[to].op != OP_Return || p->code[to].a != i->a) to++;
  return last >= from && last <= to;
}

/* The last instruction leads to the first, behind the constants.  Parts leads
** back, too, but to other rows. */
bool snForkOuter(const Program *p, u32 end) {
  for (u32 at = 0; at < p->n; at++) {
    const Instr *i = p->code + at;
    bool back = at >= end && at + 1 < p->n && i->jump > 0 &&
        (u32)i->jump < end && i->op != OP_Parts;
    if (back || forkCalled(p, at, end - 1)) return false;
  }
  return true;
}

static bool forkFits(Fork *f) {
  for (u32 at = f->start + 1; at < f->end; at++)
    if (!forkMay(f, at)) return false;
  return f->nsink && forkApart(f) && (f->again || !forkIsBare(f)) &&
      snForkOuter(f->run->prog, f->end);
}

bool snForkRepeats(Run *r, u32 at, u32 *start) {
  const Instr *code = r->prog->code;
  Fork f = {.run = r, .own = r->prog, .again = true};
  for (u32 k = 0; k < at; k++) {
    u32 end = (u32)code[k].jump;
    if (code[k].op != OP_Next || end <= at || end >= r->prog->n) continue;
    const Instr *next = code + end + (code[end].op == OP_Parts);
    if (next->op != OP_Groups || next->a != code[at].a) continue;
    f.start = *start = k;
    f.end = end;
    return forkFits(&f) && f.nsink == 1;
  }
  return false;
}

static u32 forkCount(const View *v) {
  u32 n = 0;
  for (u32 s = 0; s < v->n; s++)
    n += (snSegmentWindows(v->seg[s]) + FORK_WINDOWS - 1) / FORK_WINDOWS;
  return n;
}

static void forkCut(Fork *f, const View *v) {
  u32 n = 0;
  for (u32 s = 0; s < v->n; s++) {
    u32 all = snSegmentWindows(v->seg[s]);
    for (u32 w = 0; w < all; w += FORK_WINDOWS)
      f->piece[n++] = (ForkPiece){.seg = s, .from = w,
          .to = SN_MIN(all, w + FORK_WINDOWS)};
  }
}

/* Many small segments are as good as one table: rows count, not pieces. */
static bool forkLarge(const View *v) {
  return v->total >= (u64)FORK_PIECES * FORK_WINDOWS * SN_WINDOW ||
      FORK_WINDOWS == 1;
}

int snForkBegin(Run *r, Cursor *c, const Instr *i) {
  i64 threads = snSessionSettings(r->session)->threads;
  u32 start = (u32)(i - r->prog->code);
  if (threads < 2 || r->alone || r->worker || r->prog->writes ||
      !forkLarge(c->view))
    return SEINE_OK;
  u32 n = forkCount(c->view);
  if (n < FORK_PIECES) return SEINE_OK;
  Fork *f = snMemZero(r->budget, sizeof *f);
  if (!f) return SN_NOMEM;
  f->run = r;
  f->own = r->prog;
  f->start = start;
  f->end = (u32)i->jump;
  f->failed = FORK_NONE;
  f->npiece = n;
  f->nworker = (u32)SN_MIN(threads, (i64)SN_MIN(n - 1, FORK_THREADS));
  bool fits = forkFits(f);
  if (fits) f->piece = snMemAlloc(r->budget, n * sizeof *f->piece);
  if (fits) f->worker = snMemZero(r->budget, f->nworker * sizeof *f->worker);
  if (!f->piece || !f->worker) {
    snForkFree(f);
    return fits ? SN_NOMEM : SEINE_OK;
  }
  forkCut(f, c->view);
  for (u32 k = 0; k < f->nworker; k++)
    f->worker[k] = (ForkWorker){.fork = f, .index = k, .piece = FORK_NONE};
  f->worker[0].run = r;
  r->worker = f->worker;
  c->fork = f;
  return SEINE_OK;
}

/* ---- twins -------------------------------------------------------------- */

/* Rows that wait are those of the registers of the instruction that stood
** here. */
static int forkQueues(Fork *f) {
  Run *r = f->run;
  const Program *p = r->prog;
  bool any = false;
  for (u32 k = 0; k < f->nsink; k++) any |= f->sink[k].rows;
  if (!any) return SEINE_OK;
  f->prog = *p;
  f->prog.code = snArenaAlloc(&r->keep, p->n * sizeof *p->code);
  if (!f->prog.code) return SN_NOMEM;
  memcpy(f->prog.code, p->code, p->n * sizeof *p->code);
  for (u32 k = 0; k < f->nsink; k++) {
    ForkSink *s = f->sink + k;
    if (!s->rows) continue;
    s->types = snArenaAlloc(&r->keep, s->cols->n + 1);
    if (!s->types) return SN_NOMEM;
    for (u32 c = 0; c < s->cols->n; c++)
      s->types[c] = p->reg_type[s->cols->reg[c]];
    f->prog.code[s->at].op = OP_Queue;
    f->prog.code[s->at].p = s;
  }
  return SEINE_OK;
}

/* p: ForkSink. */
int opQueue(Run *r, const Instr *i) {
  const ForkSink *s = i->p;
  StoreObject *o;
  if (snForkIsOver(r)) return SEINE_OK;
  int rc = snStoreObject(r, i->a, s->types, s->cols->n, &o);
  if (!rc) rc = snStoreAdd(r, o, r->sel + i->sel, s->cols);
  if (!rc && snPassOver(r, &o->budget, FORK_COPIES * snMemUsed(&o->budget)))
    (void)snForkOver(r);
  return rc;
}

static int forkLendOne(Run *r, Run *t, u8 kind, u16 o) {
  bool lends = kind == FORK_JOIN || kind == FORK_LOOK || kind == FORK_KNOWN;
  if (!lends || !r->obj[o] || t->obj[o]) return SEINE_OK;
  switch (kind) {
  case FORK_JOIN: return snJoinLend(r, r->obj[o], t, &t->obj[o]);
  case FORK_LOOK: return snLookLend(r, r->obj[o], t, &t->obj[o]);
  default: return snRecallLend(t, r->obj[o], &t->obj[o]);
  }
}

/* What the loop reads and does not make. */
static int forkLend(Fork *f, Run *t) {
  const Instr *code = f->run->prog->code;
  int rc = SEINE_OK;
  for (u32 at = f->start; !rc && at < f->end; at++)
    rc = forkLendOne(f->run, t, fork_kinds[code[at].op], code[at].a);
  return rc;
}

static int forkTwin(Fork *f, ForkWorker *w) {
  Run *r = f->run;
  u16 cur = f->own->code[f->start].a;
  SegmentCache *cache;
  int rc = snSessionBeside(r->session, w->index, &cache);
  if (!rc) rc = snRunTwin(r, &w->run);
  if (rc) return rc;
  Run *t = w->run;
  if (f->prog.code) t->prog = &f->prog;
  t->pc = f->start;
  t->worker = w;
  rc = snCursorTwin(r, r->cur + cur, t, t->cur + cur, cache);
  t->cur[cur].fork = f;
  if (!rc) rc = forkLend(f, t);
  return rc;
}

static void forkFailed(Fork *f, u32 piece) {
  u32 least = __atomic_load_n(&f->failed, __ATOMIC_RELAXED);
  while (piece < least &&
      !__atomic_compare_exchange_n(&f->failed, &least, piece, true,
          __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {}
}

static void forkWork(void *arg) {
  ForkWorker *w = arg;
  w->rc = snRunLoop(w->run);
  if (w->rc == SEINE_DONE) w->rc = SEINE_OK;
  if (w->rc) forkFailed(w->fork, w->piece);
}

/* Of each sink the statement's run begins anew: what it has is of the first
** pieces, and comes first. */
static void forkAside(Fork *f) {
  Run *r = f->run;
  for (u32 k = 0; k < f->nsink; k++) {
    u16 a = r->prog->code[f->sink[k].at].a;
    f->sink[k].base = r->obj[a];
    r->obj[a] = NULL;
  }
  if (f->prog.code) r->prog = &f->prog;
}

/* Is what was collected small beside the rows that were read? */
static bool forkPays(const Fork *f) {
  const Run *r = f->run;
  u64 piece = FORK_WINDOWS * SN_WINDOW, rows = f->alone * piece, made = 0;
  u64 more = (f->npiece - f->alone) * piece;
  for (u32 k = 0; k < f->nsink; k++)
    if (!f->sink[k].rows)
      made += snGroupSize(r->obj[r->prog->code[f->sink[k].at].a]);
  return FORK_WINDOWS == 1 ||
      (made * FORK_DENSE <= rows && made * FORK_MORE <= more);
}

static void forkDrop(Fork *f) {
  for (u32 k = 1; f->worker && k < f->nworker; k++)
    snRunFree(f->worker[k].run);
  f->nworker = 1;
}

static int forkStart(Fork *f) {
  u32 n = 1;
  f->alone = f->claimed;
  if (!forkPays(f)) return SEINE_OK;
  f->decided = true;
  int rc = forkQueues(f);
  for (; !rc && n < f->nworker; n++) rc = forkTwin(f, f->worker + n);
  if (rc) { /* with less memory it goes on alone */
    forkDrop(f);
    return rc == SN_NOMEM ? SEINE_OK : rc;
  }
  for (n = 1; n < f->nworker; n++)
    if (snThreadStart(f->run->budget, forkWork, f->worker + n,
            &f->worker[n].thread))
      break;
  f->forked = n > 1;
  if (f->forked) forkAside(f);
  return SEINE_OK;
}

/* ---- claiming ----------------------------------------------------------- */

static u32 forkHas(const Run *r, const ForkSink *s) {
  const Object *o = r->obj[r->prog->code[s->at].a];
  if (!o) return 0;
  return s->rows ? ((const StoreObject *)o)->rows.n : snGroupCount(o);
}

static void forkMark(const Run *r) {
  ForkWorker *w = r->worker;
  Fork *f = w->fork;
  if (w->piece == FORK_NONE) return;
  for (u32 k = 0; k < f->nsink; k++)
    f->piece[w->piece].upto[k] = forkHas(r, f->sink + k);
}

bool snForkStopped(const Fork *f) {
  return __atomic_load_n(&f->stop, __ATOMIC_RELAXED);
}

static bool forkNext(Run *r, Cursor *c) {
  ForkWorker *w = r->worker;
  Fork *f = w->fork;
  u32 at = __atomic_fetch_add(&f->claimed, 1, __ATOMIC_RELAXED);
  w->piece = FORK_NONE;
  if (at >= f->npiece || at > __atomic_load_n(&f->failed, __ATOMIC_RELAXED) ||
      __atomic_load_n(&f->over, __ATOMIC_RELAXED))
    return false;
  ForkPiece *p = f->piece + at;
  p->by = w->index;
  w->piece = at;
  c->seg = p->seg;
  c->from = p->from;
  c->end = p->to;
  return true;
}

int snForkClaim(Run *r, Cursor *c, bool *any) {
  Fork *f = c->fork;
  forkMark(r);
  if (!f->decided && f->claimed && f->claimed < f->npiece) {
    int rc = forkStart(f);
    if (rc) return rc;
  }
  *any = forkNext(r, c);
  return SEINE_OK;
}

/* ---- the end ------------------------------------------------------------ */

static int forkWait(Fork *f) {
  Run *r = f->run;
  u32 least = FORK_NONE;
  int rc = SEINE_OK;
  for (u32 k = 1; k < f->nworker; k++) {
    ForkWorker *w = f->worker + k;
    snThreadJoin(w->thread);
    w->thread = NULL;
    r->stats.windows += w->run->stats.windows;
    r->stats.skipped += w->run->stats.skipped;
    if (r->profile) snProfileAdd(r->profile, w->run->profile);
    if (!w->rc || w->piece >= least) continue;
    least = w->piece;
    rc = w->rc;
    memcpy(r->error, w->run->error, sizeof r->error);
  }
  return rc;
}

/* Rows [from, to) that waited, in a run that nobody uses. */
static int forkReplay(Fork *f, Run *t, const ForkSink *s, StoreObject *o,
    u32 from, u32 to) {
  const Instr *i = f->own->code + s->at;
  int rc = SEINE_OK;
  for (u32 at = from, n; !rc && at < to; at += n) {
    n = SN_MIN(SN_WINDOW, to - at);
    snRunNewBatch(t);
    rc = snStoreEmit(t, &o->rows, NULL, at, n, s->cols);
    snSelAll(t->sel + i->sel, n);
    if (!rc) rc = snRunInstr(t, i);
  }
  return rc;
}

/* made[k]: what worker k collected in sink s. */
static int forkMergeSink(Fork *f, u32 k, Object **made) {
  Run *r = f->run, *t = f->worker[1].run;
  ForkSink *s = f->sink + k;
  const Instr *i = f->own->code + s->at;
  u32 done[FORK_THREADS] = {0};
  int rc = SEINE_OK;
  t->obj[i->a] = s->base;
  s->base = NULL;
  f->merged = true;
  for (u32 p = f->alone; !rc && !f->over && p < f->npiece; p++) {
    u32 by = f->piece[p].by, from = done[by], to = f->piece[p].upto[k];
    done[by] = to;
    if (!made[by] || from == to) continue;
    rc = snRunCheck(r);
    if (rc) break;
    rc = s->rows ? forkReplay(f, t, s, (StoreObject *)made[by], from, to)
                 : snGroupMerge(t, i, made[by], from, to);
  }
  for (u32 w = 0; !rc && w < f->nworker; w++)
    if (made[w] && !s->rows) rc = snGroupMergeEnd(t, i, made[w]);
  r->obj[i->a] = t->obj[i->a];
  t->obj[i->a] = NULL;
  return rc;
}

static int forkMerge(Fork *f) {
  Object *made[FORK_THREADS];
  int rc = SEINE_OK;
  f->run->prog = f->own;
  for (u32 w = 1; w < f->nworker; w++)
    f->worker[w].run->prog = f->own;
  for (u32 k = 0; k < f->nsink; k++) {
    u16 a = f->own->code[f->sink[k].at].a;
    for (u32 w = 0; w < f->nworker; w++) {
      Run *t = f->worker[w].run;
      made[w] = t->obj[a];
      t->obj[a] = NULL;
    }
    if (!rc) rc = forkMergeSink(f, k, made);
    for (u32 w = 0; w < f->nworker; w++)
      if (made[w]) made[w]->free(made[w]);
  }
  if (rc && !f->run->error[0])
    memcpy(f->run->error, f->worker[1].run->error, sizeof f->run->error);
  return rc;
}

/* By which its rows are made in parts, or NULL. */
static const PartsDef *forkParts(const Instr *sink) {
  if (sink->op == OP_BuildAdd) return ((const JoinDef *)sink->p)->parts;
  return sink->op == OP_SortAdd ? ((const SortDef *)sink->p)->parts : NULL;
}

bool snForkOver(Run *r) {
  Fork *f = r->worker->fork;
  const ForkSink *s = f->sink;
  const Instr *i = f->own->code + s->at;
  const PartsDef *parts = forkParts(i);
  u32 from, end;
  if ((!r->twin && !f->forked) || f->nsink > 1) return false;
  if (parts ? !snPartMay(f->run, f->own, parts, i->a)
      : s->rows ? !snPassWhole(f->own, i->a, &from, &end)
                : !snForkRepeats(f->run, s->at, &from))
    return false;
  __atomic_store_n(&f->over, true, __ATOMIC_RELAXED);
  return true;
}

bool snForkIsOver(const Run *r) {
  return __atomic_load_n(&r->worker->fork->over, __ATOMIC_RELAXED);
}

/* The next time one thread fills it, with a part of the rows. */
static int forkParted(Run *r, const Instr *sink, Object *base) {
  const PartsDef *parts = forkParts(sink);
  r->obj[sink->a] = base;
  if (base)
    return snPartMay(r, r->prog, parts, sink->a)
        ? snPartMore(r, parts, sink->a) : SEINE_MISUSE;
  r->alone = true;
  return snPartAgain(r, parts);
}

/* Nothing of what the threads made is kept; they have ended. */
static int forkAgain(Run *r, Cursor *c) {
  Fork *f = c->fork;
  Object *base = f->sink[0].base;
  const Instr *sink = f->own->code + f->sink[0].at;
  bool rows = f->sink[0].rows;
  u32 from, end;
  double seen = (double)SN_MIN(f->claimed, f->npiece) / f->npiece;
  memset(r->error, 0, sizeof r->error);
  if (forkParts(sink) && f->merged) {
    base = r->obj[sink->a];
    r->obj[sink->a] = NULL;
  } else if (forkParts(sink)) {
    f->sink[0].base = NULL;
  }
  snForkFree(f);
  c->fork = NULL;
  snRunForget(r, sink->a);
  if (!rows) return snGroupPasses(r, sink, seen);
  if (forkParts(sink)) return forkParted(r, sink, base);
  if (!snPassWhole(r->prog, sink->a, &from, &end)) return SEINE_MISUSE;
  snPassAgain(r, from, end);
  return SEINE_OK;
}

int snForkEnd(Run *r, Cursor *c) {
  Fork *f = c->fork;
  int rc = f->forked ? forkWait(f) : SEINE_OK;
  if (f->forked && !f->over && !rc) rc = forkMerge(f);
  if (f->over) return forkAgain(r, c);
  f->forked = false;
  r->worker = NULL;
  return rc;
}

void snForkFree(Fork *f) {
  if (!f) return;
  Run *r = f->run;
  __atomic_store_n(&f->stop, 1, __ATOMIC_RELAXED);
  for (u32 k = 1; f->worker && k < f->nworker; k++)
    snThreadJoin(f->worker[k].thread);
  forkDrop(f);
  for (u32 k = 0; k < f->nsink; k++)
    if (f->sink[k].base) f->sink[k].base->free(f->sink[k].base);
  r->prog = f->own;
  if (r->worker == f->worker) r->worker = NULL;
  snMemFree(f->piece);
  snMemFree(f->worker);
  snMemFree(f);
}
#undef FORK_WINDOWS
#undef FORK_PIECES
#undef FORK_THREADS
#undef FORK_SINKS
#undef FORK_DENSE
#undef FORK_MORE
#undef FORK_COPIES
#undef FORK_NONE
