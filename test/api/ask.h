/*
** ask.h: what tests of the interface ask a database.
*/
#ifndef TEST_API_ASK_H
#define TEST_API_ASK_H
#include <string.h>
#include "seine.h"

/* The first number of the first row; -1: there is none, or an error. */
static inline int64_t askInt(seine *db, const char *sql) {
  seine_stmt *st = NULL;
  int64_t v = -1;
  if (!seine_prepare_v2(db, sql, -1, &st, NULL) && st &&
      seine_step(st) == SEINE_ROW) {
    v = seine_column_int64(st, 0);
  }
  seine_finalize(st);
  return v;
}

static inline int askSound(seine *db) {
  seine_stmt *st = NULL;
  int ok = 0;
  if (!seine_prepare_v2(db, "PRAGMA integrity_check", -1, &st, NULL) && st &&
      seine_step(st) == SEINE_ROW) {
    ok = !strcmp(seine_column_text(st, 0), "ok");
  }
  seine_finalize(st);
  return ok;
}

#endif
