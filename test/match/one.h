/*
** one.h: for tests of searches over a table of one segment, t(b TEXT).
*/
#ifndef TEST_MATCH_ONE_H
#define TEST_MATCH_ONE_H
#include "vm/vm.h"
#include "seine.h"

static int test_count, test_failed;

static inline void testOk(bool ok, const char *name) {
  printf("%sok %d - %s\n", ok ? "" : "not ", ++test_count, name);
  test_failed += !ok;
}

/* Makes the table; text() appends the words of a document. */
static inline bool testMake(const char *path, u32 docs,
    void (*text)(Buf *b, u32 doc)) {
  seine *db = NULL;
  Buf sql;
  bool good = !seine_open(path, &db) &&
      !seine_exec(db, "CREATE TABLE t(b TEXT); BEGIN", NULL, NULL, NULL);
  snBufInit(&sql, NULL);
  for (u32 i = 0; good && i < docs; i++) {
    sql.n = 0;
    snBufStr(&sql, "INSERT INTO t VALUES ('");
    text(&sql, i);
    snBufStr(&sql, "')");
    good = !seine_exec(db, snBufText(&sql), NULL, NULL, NULL);
  }
  good = good && !seine_exec(db, "COMMIT; OPTIMIZE t", NULL, NULL, NULL);
  if (!good) printf("# %s\n", seine_errmsg(db));
  snBufClear(&sql);
  seine_close(db);
  return good;
}

static Session *test_session;
static View *test_view;

/* no_map: what is read is private memory. */
static inline bool testOpen(const char *path, bool no_map) {
  StoreConfig c = {.vfs = snOsUnix(), .path = path, .no_map = no_map};
  return !snSessionOpen(&c, &test_session) &&
      !snSessionRefresh(test_session) &&
      !snSessionView(test_session, "t", &test_view) && test_view->n == 1;
}

static inline int testQuery(Arena *a, const char *text, Query **out) {
  static const QueryColumn first = {0, 1};
  QueryColumns where = {.v = &first, .n = 1};
  int rc = snQueryParse(a, text, strlen(text), false, out);
  return rc ? rc : snQueryBind(a, test_view->table, *out, &where,
      snSessionCut(test_session), out);
}

/* Drops all, says how many tests there were; for main(). */
static inline int testDone(const char *path) {
  snViewDrop(test_view);
  snSessionClose(test_session);
  remove(path);
  printf("1..%d\n", test_count);
  return test_failed != 0;
}

#endif
