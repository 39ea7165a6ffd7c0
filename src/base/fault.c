/*
** fault: where an error was raised, and in test builds the switch that makes
** the n-th allocation fail.
**
** (1) snFaultRaise() returns the code it was given and changes nothing else
**     in a library that is shipped.
** (2) The test hooks may be reached from several threads: the counters are
**     atomic, and only the thread that wins the log writes it.
*/
#include "base/base.h"

#ifndef SEINE_TEST

int snFaultRaise(int rc, const char *file, int line) {
  (void)file;
  (void)line;
  return rc;
}

#else

static i64 fault_left;  /* allocations until the next failure; 0 = off */
static i64 fault_asked; /* since the last snFaultMem() */
static bool fault_persistent;
static int fault_logged; /* 0 nothing, 1 being written, 2 readable */
static char fault_text[64];

int snFaultRaise(int rc, const char *file, int line) {
  const char *slash = strrchr(file, '/');
  int empty = 0;
  if (__atomic_compare_exchange_n(&fault_logged, &empty, 1, false,
          __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
    snprintf(fault_text, sizeof fault_text, "%s:%d: %d",
        slash ? slash + 1 : file, line, rc);
    __atomic_store_n(&fault_logged, 2, __ATOMIC_RELEASE);
  }
  return rc;
}

/* "file:line: code" of the first error since the last call, or "". */
const char *snFaultLog(void) {
  static char copy[64];
  copy[0] = 0;
  if (__atomic_load_n(&fault_logged, __ATOMIC_ACQUIRE) == 2) {
    memcpy(copy, fault_text, sizeof copy);
    __atomic_store_n(&fault_logged, 0, __ATOMIC_RELEASE);
  }
  return copy;
}

void snFaultMem(i64 n, bool persistent) {
  __atomic_store_n(&fault_left, n, __ATOMIC_RELAXED);
  __atomic_store_n(&fault_persistent, persistent, __ATOMIC_RELAXED);
  __atomic_store_n(&fault_asked, 0, __ATOMIC_RELAXED);
}

bool snFaultPlain(void) {
  static int told; /* 0 not asked yet, 1 no, 2 yes */
  int is = __atomic_load_n(&told, __ATOMIC_RELAXED);
  if (!is) {
    is = getenv("SEINE_PLAIN") ? 2 : 1;
    __atomic_store_n(&told, is, __ATOMIC_RELAXED);
  }
  return is == 2;
}

i64 snFaultMemCount(void) {
  return __atomic_load_n(&fault_asked, __ATOMIC_RELAXED);
}

bool snFaultMemHit(void) {
  i64 left;
  __atomic_fetch_add(&fault_asked, 1, __ATOMIC_RELAXED);
  if (__atomic_load_n(&fault_left, __ATOMIC_RELAXED) <= 0) return false;
  left = __atomic_sub_fetch(&fault_left, 1, __ATOMIC_RELAXED);
  if (left > 0) return false;
  if (__atomic_load_n(&fault_persistent, __ATOMIC_RELAXED)) {
    __atomic_store_n(&fault_left, 1, __ATOMIC_RELAXED);
  }
  return true;
}

#endif
