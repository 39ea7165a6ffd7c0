/*
** What time is it, for measuring.  The wall clock is a matter of the vfs.
*/
#include "os/os.h"
#include <time.h>

u64 snClockNs(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (u64)t.tv_sec * 1000000000u + (u64)t.tv_nsec;
}
