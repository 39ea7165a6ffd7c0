/*
** short_test: the text of a power of two has no digit too many.  Below a
** power of two doubles lie closer than above it, so that a decimal above may
** read back though printf rounds to another one of as many digits, which
** does not.
**   1. each power of two: no text of one digit less reads back
*/
#include "base/base.h"

/* Significant digits of a text. */
static int shortDigits(const char *p) {
  int n = 0, last = 0;
  for (; *p && *p != 'e'; p++) {
    if (*p < '0' || *p > '9') continue;
    n += n || *p != '0';
    if (*p != '0') last = n;
  }
  return last;
}

/* The decimal of n digits that is nearest, or the next one above, when it
** reads back as v. */
static bool shortReads(double v, int n, char *text) {
  char *e;
  snprintf(text, 40, "%.*e", n - 1, v);
  if (strtod(text, NULL) == v) return true;
  e = strchr(text, 'e');
  if (n < 2 || e[-1] == '9') return false; /* none such is needed */
  e[-1]++;
  return strtod(text, NULL) == v;
}

int main(void) {
  int bad = 0;
  for (int e = -1074; e < 1024; e++) {
    double v = ldexp(1, e);
    char out[32], text[40];
    int n;
    snNumRealText(v, out);
    n = shortDigits(out);
    if (n < 2 || !shortReads(v, n - 1, text)) continue;
    if (bad++ < 5) printf("# 2^%d: %s, where %s would do\n", e, out, text);
  }
  printf("%sok 1 - powers of two: as short as can be\n1..1\n",
      bad ? "not " : "");
  return bad != 0;
}
