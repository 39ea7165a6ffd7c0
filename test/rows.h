/*
** rows: all rows of a database as one number, in whatever order they come, and
** what a search for 'common' finds in the table t, if there is one.
*/
#ifndef ROWS_H
#define ROWS_H
#include "base/base.h"

typedef struct Rows {
  u64 sum;
  char name[24][24];
  u32 nname;
} Rows;

static inline int rowsName(void *arg, int n, char **text, char **name) {
  Rows *r = arg;
  (void)n, (void)name;
  if (r->nname < SN_COUNT(r->name))
    snprintf(r->name[r->nname++], sizeof r->name[0], "%s", text[0]);
  return 0;
}

static inline int rowsAdd(void *arg, int n, char **text, char **name) {
  u64 h = 1;
  for (int i = 0; i < n; i++) {
    h = snHash(name[i], strlen(name[i]), h);
    h = text[i] ? snHash(text[i], strlen(text[i]), h) : h * 31 + 7;
  }
  ((Rows *)arg)->sum += h;
  return 0;
}

static inline int rowsOf(seine *db, u64 *sum) {
  Rows r = {0};
  char sql[80];
  int rc = seine_exec(db, "PRAGMA table_list", rowsName, &r, NULL);
  for (u32 i = 0; !rc && i < r.nname; i++) {
    r.sum += snHash(r.name[i], strlen(r.name[i]), 2);
    snprintf(sql, sizeof sql, "SELECT * FROM %s", r.name[i]);
    rc = seine_exec(db, sql, rowsAdd, &r, NULL);
    if (!rc && !strcmp(r.name[i], "t"))
      rc = seine_exec(db,
          "SELECT count(*), sum(id) FROM t WHERE w MATCH 'common'", rowsAdd,
          &r, NULL);
  }
  *sum = r.sum;
  return rc;
}

#endif
