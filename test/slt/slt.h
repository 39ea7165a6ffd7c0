/*
** slt: runs files in the format of sqllogictest.  What its parts share.
**
**   slt.c      files, records, loops, connections
**   answer.c   the rows of a query: rendered, sorted, hashed, compared
**   tally.c    what passed, failed, was skipped, and why
*/
#ifndef SLT_H
#define SLT_H
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "seine.h"

/* Part of a file: not ended by a 0 byte. */
typedef struct Span {
  const char *p;
  size_t n;
} Span;

/* Bytes that grow, always with a 0 byte behind them. */
typedef struct Text {
  char *p;
  size_t n, cap;
} Text;

void textClear(Text *t); /* keeps the memory */
void textAdd(Text *t, const void *p, size_t n);
void textAddStr(Text *t, const char *s);
void *grown(void *p, size_t n, size_t *cap, size_t size);

/* ---- from answer.c ------------------------------------------------------ */

typedef enum { SORT_NONE, SORT_ROWS, SORT_VALUES } SortMode;

typedef struct Answer {
  Text bytes;   /* every value, each with a 0 byte */
  size_t *at;   /* where value i begins */
  size_t n, at_cap;
  int cols;
} Answer;

/* Steps q to its end.  types: one letter a column, I R T B, or NULL: as
** text, whatever the type.  Gives the last result code, SEINE_DONE when all
** went well. */
int answerRead(Answer *a, seine_stmt *q, const char *types);
void answerSort(Answer *a, SortMode mode);
void answerHash(const Answer *a, char hex[33]);
/* Does the text behind ---- say the same?  One value a line, or one row a
** line with tabs between the values, or "N values hashing to HEX". */
int answerEqual(const Answer *a, const Span *want, size_t n);
/* The same for rows as people write them: numbers to nine digits, true for
** 1, the values of a row parted by tabs, and sorted here. */
int answerAlike(const Answer *a, Span *want, size_t n, SortMode mode);
void answerShow(const Answer *a, Text *out, size_t most);
void answerFree(Answer *a);

/* ---- from tally.c ------------------------------------------------------- */

/* Lives in memory that parent and child share: it outlasts a crash. */
typedef struct Tally {
  long passed, failed, skipped;
  int line; /* of the record under way */
} Tally;

/* A group of failures (or of skipped records) with the first of them. */
void tallyNote(int is_failure, const char *reason, long n, const char *where);
void tallyForget(void);       /* the child: nothing yet */
void tallyWrite(FILE *f);     /* the child: all groups */
void tallyRead(FILE *f);      /* the parent: adds what a child wrote */
void tallyFolder(const char *name, const Tally *t);
Tally tallySum(const Tally *t, size_t n);
/* of: what was run, n of them. */
int tallyReport(int n, const char *of, double seconds, int most_reasons);
/* The part of a message that is the same for all errors of its kind. */
void tallyReason(const char *message, char *out, size_t n);
#endif
