/*
** session_thread: under PRAGMA threads a connection has a thread that does what
** its commits leave to be done: spills become segments, segments are merged.
**
** The thread has a session of its own over the same file.  For the store it is
** one more connection, which takes its turns at writing; but the one that it
** belongs to waits for it whatever its busy handler would say (StoreConfig).
** Where no thread can be had, or one is not wanted since memory is limited, who
** commits does the work, as without PRAGMA threads.
**
** Invariants: (1) while the thread runs `own` is its alone, but the memory that
** it takes counts for the connection, too; (2) what stands behind `gate` is
** read and written under it; (3) a child of fork() has no thread, and forgets
** it.
*/
#include "vm/session.h"

#define SESSION_OWED  16u    /* tables */
#define SESSION_PAUSE 1000u  /* us until a turn is asked for again, */
#define SESSION_ASKS  10000  /* ... so often */

struct SessionThread {
  Session *own;
  Thread *thread;
  u64 process;
  int ends; /* atomic: it leaves what it does */
  Monitor *gate;
  u64 owed[SESSION_OWED]; /* tables, the oldest first */
  u32 nowed;
  Settings set; /* of the connection, when it owed last */
  i64 most[SEINE_LIMITS];
  bool failed;  /* it can write no more */
  bool spare;   /* pages are free that are worth a vacuum */
  u32 lost;     /* merges in a row that came to nothing */
};

/* ---- in the thread ------------------------------------------------------ */

static int sessionThreadEnds(void *arg) {
  SessionThread *t = arg;
  return __atomic_load_n(&t->ends, __ATOMIC_RELAXED);
}

static int sessionThreadBusy(void *arg, int count, u32 *us) {
  *us = SESSION_PAUSE;
  return !sessionThreadEnds(arg) && count < SESSION_ASKS;
}

/* The next table; false at the end. */
static bool sessionThreadNext(SessionThread *t, u64 *table) {
  Session *s = t->own;
  snThreadEnter(t->gate);
  while (!t->nowed && !sessionThreadEnds(t)) snThreadWait(t->gate, 0);
  bool goes = !sessionThreadEnds(t);
  if (goes) {
    *table = t->owed[0];
    memmove(t->owed, t->owed + 1, --t->nowed * sizeof *t->owed);
    s->set = t->set;
    memcpy(s->most, t->most, sizeof s->most);
  }
  snThreadLeave(t->gate);
  snStoreSetSyncOff(s->store, s->set.sync_off);
  return goes;
}

static void sessionThreadTell(SessionThread *t) {
  Session *s = t->own;
  bool spare = s->spare && snVacuumWorth(s);
  snThreadEnter(t->gate);
  t->lost = s->lost;
  t->failed = snWriterPoisoned(s->store);
  __atomic_store_n(&t->spare, t->spare | spare, __ATOMIC_RELAXED);
  snThreadLeave(t->gate);
  s->spare = false;
}

static void sessionThreadRun(void *arg) {
  SessionThread *t = arg;
  u64 table;
  while (sessionThreadNext(t, &table)) {
    snSessionMergeBeside(t->own, table);
    snSessionIdle(t->own); /* what it pins cannot be written */
    sessionThreadTell(t);
  }
}

/* ---- in the connection -------------------------------------------------- */

static void sessionThreadFree(SessionThread *t) {
  snSessionClose(t->own);
  snThreadMonitorFree(t->gate);
  snMemFree(t);
}

static int sessionThreadStart(Session *s) {
  StoreConfig c;
  if (!snStoreMate(s->store, &c)) return SEINE_CANTOPEN;
  SessionThread *t = snMemZero(&s->budget, sizeof *t);
  if (!t) return SN_NOMEM;
  c.budget = &s->budget;
  c.busy = sessionThreadBusy;
  c.busy_arg = t;
  t->process = snThreadProcess();
  int rc = snThreadMonitorNew(&s->budget, &t->gate);
  if (!rc) rc = snSessionOpen(&c, &t->own);
  if (!rc && !snStoreSame(s->store, t->own->store)) rc = SEINE_CANTOPEN;
  if (!rc) {
    snSessionSetCancel(t->own, sessionThreadEnds, t);
    t->own->budget.stop = &t->ends;
    rc = snThreadStart(&s->budget, sessionThreadRun, t, &t->thread);
  }
  if (rc) sessionThreadFree(t);
  else s->thread = t;
  return rc;
}

/* (3) */
static SessionThread *sessionThreadOf(Session *s) {
  if (s->thread && s->thread->process != snThreadProcess()) s->thread = NULL;
  return s->thread;
}

/* False: it takes no more.  What it has no room for is owed again by the next
** commit to that table. */
static bool sessionThreadTake(SessionThread *t, Session *s, u64 table) {
  u32 i = 0;
  snThreadEnter(t->gate);
  while (i < t->nowed && t->owed[i] != table) i++;
  bool good = !t->failed;
  if (good) {
    if (i == t->nowed && i < SESSION_OWED) t->owed[t->nowed++] = table;
    t->set = s->set;
    memcpy(t->most, s->most, sizeof t->most);
    s->lost = SN_MAX(s->lost, t->lost);
    t->lost = 0;
    snThreadWake(t->gate);
  }
  snThreadLeave(t->gate);
  return good;
}

void snSessionOwe(Session *s, u64 table) {
  bool wanted = s->set.threads > 1 && !snMemIsLimited(&s->budget);
  if (wanted && !sessionThreadOf(s)) wanted = !sessionThreadStart(s);
  if (wanted && sessionThreadTake(s->thread, s, table)) return;
  snSessionStill(s);
  snSessionMergeBeside(s, table);
}

bool snSessionThreadSpare(const Session *s) {
  return s->thread && __atomic_load_n(&s->thread->spare, __ATOMIC_RELAXED);
}

void snSessionStill(Session *s) {
  SessionThread *t = sessionThreadOf(s);
  s->thread = NULL;
  if (!t) return;
  snThreadEnter(t->gate);
  __atomic_store_n(&t->ends, 1, __ATOMIC_RELAXED);
  snThreadWake(t->gate);
  snThreadLeave(t->gate);
  snThreadJoin(t->thread);
  s->spare |= t->spare;
  s->committed |= t->own->committed;
  t->own->committed = false; /* the file is cut by who stays */
  sessionThreadFree(t);
}

#undef SESSION_OWED
#undef SESSION_PAUSE
#undef SESSION_ASKS
