/*
** tap: the lines of a test in C, and its plan.  A test that can say more of a
** failure leaves it in tapWhy before it asks.
*/
#ifndef TAP_H
#define TAP_H
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

static int tapCount, tapFailed;
static char tapWhy[400];

__attribute__((format(printf, 2, 3)))
static inline bool tapOk(bool good, const char *fmt, ...) {
  va_list ap;
  printf("%sok %d - ", good ? "" : "not ", ++tapCount);
  va_start(ap, fmt);
  vprintf(fmt, ap);
  va_end(ap);
  printf("\n");
  if (!good && tapWhy[0]) printf("# %s\n", tapWhy);
  fflush(stdout);
  tapFailed += !good;
  return good;
}

/* What main() returns. */
static inline int tapEnd(void) {
  printf("1..%d\n", tapCount);
  return tapFailed > 0;
}

#endif
