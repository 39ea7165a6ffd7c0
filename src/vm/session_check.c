/*
** session_check: is what a session can see whole?  The store, then objects,
** then, if asked, each byte of each segment.
*/
#include "vm/vmInt.h"

/* That the list is sound was seen when the catalog was opened. */
static int sessionCheckObjects(Session *s,
    void (*say)(void *arg, const char *text), void *arg) {
  const CatalogObject *o;
  int rc = SEINE_OK;
  for (u32 k = 0; !rc && (o = snSessionObject(s, k)); k++) {
    char text[256];
    ChainError err;
    if (o->kind != OBJECT_ANALYZER) continue;
    rc = snSessionChain(s, o->sql, &err);
    if (rc != SEINE_ERROR) continue;
    snprintf(text, sizeof text, "analyzer %.64s: %.160s", o->name,
        err.message);
    say(arg, text);
    rc = SEINE_OK;
  }
  return rc;
}

static int sessionCheckEnds(void *arg) { return snSessionCancelled(arg); }

int snSessionCheck(Session *s, bool deep,
    void (*say)(void *arg, const char *text), void *arg) {
  int rc = snSessionRefresh(s);
  Catalog *c = rc ? NULL : snSessionKeep(s);
  if (c && snCatalogSnapshot(c))
    rc = snStoreCheck(snSessionStore(s), snCatalogSnapshot(c), say, arg);
  snCatalogDrop(c);
  if (!rc) rc = sessionCheckObjects(s, say, arg);
  for (u32 k = 0; !rc && k < snSessionTables(s); k++) {
    const char *name = "?";
    View *v = NULL;
    rc = snSessionTableName(s, k, &name);
    if (!rc) rc = snSessionView(s, name, &v);
    if (rc == SEINE_CORRUPT) {
      char text[256];
      snprintf(text, sizeof text, "table %s: cannot be opened", name);
      say(arg, text);
      rc = SEINE_OK;
      continue;
    }
    for (u32 i = 0; !rc && deep && i < v->n; i++) {
      if (snSessionCancelled(s)) rc = SEINE_INTERRUPT;
      else rc = snIndexCheck(v->seg[i], v->table, snSessionBudget(s), say, arg,
          sessionCheckEnds, s);
    }
    snViewDrop(v);
  }
  return rc;
}
