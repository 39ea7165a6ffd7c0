/*
** stack: is there room to go deeper?  What walks a tree that people wrote asks
** before it goes down.  A thread asks the system once where its stack ends.
** A program may run us on a stack of its own making, where nothing is known:
** then nothing is refused here, and the limits of depth remain.
*/
#include "base/base.h"

/* What is left to whoever is called at the bottom.  With sanitizers, or not
** optimized, frames are several times as large. */
#if defined(__SANITIZE_ADDRESS__) || !defined(__OPTIMIZE__)
#define STACK_KEEP (256u << 10)
#else
#define STACK_KEEP (64u << 10)
#endif

typedef struct StackOf {
  bool asked;
  uintptr_t low, high; /* both 0: not known */
} StackOf;

static StackOf stackOf(void) {
  StackOf s = {.asked = true};
#ifdef __linux__
  pthread_attr_t attr;
  void *low;
  size_t n;
  if (pthread_getattr_np(pthread_self(), &attr)) return s;
  if (!pthread_attr_getstack(&attr, &low, &n)) {
    s.low = (uintptr_t)low;
    s.high = s.low + n;
  }
  pthread_attr_destroy(&attr);
#endif
  return s;
}

bool snStackLow(void) {
  static _Thread_local StackOf own;
  uintptr_t here = (uintptr_t)__builtin_frame_address(0);
  if (!own.asked) own = stackOf();
  return here > own.low && here < own.high && here - own.low < STACK_KEEP;
}

#undef STACK_KEEP
