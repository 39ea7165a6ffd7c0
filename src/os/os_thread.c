/*
** os_thread: threads, and the monitors by which they talk.
**
** A thread of ours takes no signals: the program's own threads do.
*/
#include "os/os.h"
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

struct Thread {
  pthread_t id;
  void (*run)(void *);
  void *arg;
};

struct Monitor {
  pthread_mutex_t lock;
  pthread_cond_t news[MONITOR_KINDS];
};

static pthread_mutex_t threadAll = PTHREAD_MUTEX_INITIALIZER;
void snThreadEnterAll(void) { pthread_mutex_lock(&threadAll); }
void snThreadLeaveAll(void) { pthread_mutex_unlock(&threadAll); }

/* A child of fork() does not have the thread that may hold it. */
static void threadForks(void) {
  pthread_atfork(snThreadEnterAll, snThreadLeaveAll, snThreadLeaveAll);
}

static void *threadMain(void *arg) {
  Thread *t = arg;
  t->run(t->arg);
  return NULL;
}

int snThreadStart(Budget *b, void (*run)(void *), void *arg, Thread **out) {
  static pthread_once_t forks = PTHREAD_ONCE_INIT;
  sigset_t all, before;
  Thread *t = snMemZero(b, sizeof *t);
  *out = NULL;
  pthread_once(&forks, threadForks);
  if (!t) return SN_NOMEM;
  t->run = run;
  t->arg = arg;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  int failed = pthread_create(&t->id, NULL, threadMain, t);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  if (failed) snMemFree(t);
  else *out = t;
  return failed ? SN_NOMEM : SEINE_OK;
}

void snThreadJoin(Thread *t) {
  if (t) pthread_join(t->id, NULL);
  snMemFree(t);
}

/* With the first n kinds of news. */
static void threadMonitorFree(Monitor *m, u32 n) {
  while (n) pthread_cond_destroy(m->news + --n);
  pthread_mutex_destroy(&m->lock);
  snMemFree(m);
}

int snThreadMonitorNew(Budget *b, Monitor **out) {
  Monitor *m = snMemZero(b, sizeof *m);
  *out = NULL;
  if (!m) return SN_NOMEM;
  if (pthread_mutex_init(&m->lock, NULL)) {
    snMemFree(m);
    return SN_NOMEM;
  }
  for (u32 n = 0; n < MONITOR_KINDS; n++) {
    if (!pthread_cond_init(m->news + n, NULL)) continue;
    threadMonitorFree(m, n);
    return SN_NOMEM;
  }
  *out = m;
  return SEINE_OK;
}

void snThreadMonitorFree(Monitor *m) {
  if (m) threadMonitorFree(m, MONITOR_KINDS);
}

void snThreadEnter(Monitor *m) { pthread_mutex_lock(&m->lock); }
void snThreadLeave(Monitor *m) { pthread_mutex_unlock(&m->lock); }
void snThreadWake(Monitor *m) { snThreadWakeFor(m, 0); }
void snThreadWait(Monitor *m, u32 us) { snThreadWaitFor(m, 0, us); }

void snThreadWakeFor(Monitor *m, u32 kind) {
  pthread_cond_broadcast(m->news + kind);
}

void snThreadWakeOne(Monitor *m, u32 kind) {
  pthread_cond_signal(m->news + kind);
}

void snThreadWaitFor(Monitor *m, u32 kind, u32 us) {
  struct timespec t;
  if (!us) {
    pthread_cond_wait(m->news + kind, &m->lock);
    return;
  }
  clock_gettime(CLOCK_REALTIME, &t);
  t.tv_nsec += (long)(us % 1000000) * 1000;
  t.tv_sec += us / 1000000 + t.tv_nsec / 1000000000;
  t.tv_nsec %= 1000000000;
  pthread_cond_timedwait(m->news + kind, &m->lock, &t);
}

/* ---- bells -------------------------------------------------------------- */

/* Unlike a monitor a semaphore has no lock that all who wake up want. */
struct Bell {
  sem_t rung;
};

int snBellNew(Budget *b, Bell **out) {
  Bell *l = snMemZero(b, sizeof *l);
  *out = NULL;
  if (!l || sem_init(&l->rung, 0, 0)) {
    snMemFree(l);
    return SN_NOMEM;
  }
  *out = l;
  return SEINE_OK;
}

void snBellFree(Bell *l) {
  if (l) sem_destroy(&l->rung);
  snMemFree(l);
}

void snBellRing(Bell *l) { sem_post(&l->rung); }

void snBellHear(Bell *l) {
  while (sem_wait(&l->rung)) {} /* a signal came */
}

u64 snThreadProcess(void) { return (u64)getpid(); }
