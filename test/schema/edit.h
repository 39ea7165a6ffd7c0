/*
** edit.h: a transaction that changes the catalog of a store, for tests.
*/
#ifndef TEST_SCHEMA_EDIT_H
#define TEST_SCHEMA_EDIT_H
#include "schema/schemaInt.h"

static inline int catalogBegin(Store *s, CatalogEdit **e) {
  Snapshot *base;
  Catalog *c = NULL;
  *e = NULL;
  int rc = snWriterBegin(s, &base);
  if (rc) return rc;
  rc = snCatalogOpen(s, base, &c);
  if (!rc) rc = snCatalogEditBegin(s, c, e);
  snCatalogDrop(c);
  if (rc) snWriterRollback(s);
  return rc;
}

/* Commits, unless something went wrong before. */
static inline int catalogEnd(Store *s, CatalogEdit *e, int rc) {
  if (!rc) rc = snCatalogEditCommit(e);
  snCatalogEditFree(e);
  if (rc) snWriterRollback(s);
  return rc;
}

#endif
