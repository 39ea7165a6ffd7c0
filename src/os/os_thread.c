/*
** os_thread: threads, and the monitors by which they talk.
**
** A thread of ours takes no signals: the program's own threads do.
*/
#include "os/os.h"
#include <pthread.h>
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
  pthread_cond_t news;
};

static void *threadMain(void *arg) {
  Thread *t = arg;
  t->run(t->arg);
  return NULL;
}

int snThreadStart(Budget *b, void (*run)(void *), void *arg, Thread **out) {
  sigset_t all, before;
  Thread *t = snMemZero(b, sizeof *t);
  *out = NULL;
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

int snThreadMonitorNew(Budget *b, Monitor **out) {
  Monitor *m = snMemZero(b, sizeof *m);
  *out = NULL;
  if (!m) return SN_NOMEM;
  if (pthread_mutex_init(&m->lock, NULL)) {
    snMemFree(m);
    return SN_NOMEM;
  }
  if (pthread_cond_init(&m->news, NULL)) {
    pthread_mutex_destroy(&m->lock);
    snMemFree(m);
    return SN_NOMEM;
  }
  *out = m;
  return SEINE_OK;
}

void snThreadMonitorFree(Monitor *m) {
  if (!m) return;
  pthread_cond_destroy(&m->news);
  pthread_mutex_destroy(&m->lock);
  snMemFree(m);
}

void snThreadEnter(Monitor *m) { pthread_mutex_lock(&m->lock); }
void snThreadLeave(Monitor *m) { pthread_mutex_unlock(&m->lock); }
void snThreadWake(Monitor *m) { pthread_cond_broadcast(&m->news); }

void snThreadWait(Monitor *m, u32 us) {
  struct timespec t;
  if (!us) {
    pthread_cond_wait(&m->news, &m->lock);
    return;
  }
  clock_gettime(CLOCK_REALTIME, &t);
  t.tv_nsec += (long)(us % 1000000) * 1000;
  t.tv_sec += us / 1000000 + t.tv_nsec / 1000000000;
  t.tv_nsec %= 1000000000;
  pthread_cond_timedwait(&m->news, &m->lock, &t);
}

static pthread_mutex_t threadAll = PTHREAD_MUTEX_INITIALIZER;
void snThreadEnterAll(void) { pthread_mutex_lock(&threadAll); }
void snThreadLeaveAll(void) { pthread_mutex_unlock(&threadAll); }

u64 snThreadProcess(void) { return (u64)getpid(); }
