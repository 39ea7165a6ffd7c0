/*
** What time is it, for measuring.  The wall clock is a matter of the vfs.
*/
#include "os/os.h"
#include <time.h>

/* The counter of an x86 runs at one rate whatever the processor does. */
u64 snClockTicks(void) {
#if defined(__x86_64__)
  return __builtin_ia32_rdtsc();
#else
  return snClockNs();
#endif
}

u64 snClockNs(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (u64)t.tv_sec * 1000000000u + (u64)t.tv_nsec;
}
