/*
** session_object: what stands in the catalog beside tables, as statements of a
** session see it: analyzers, settings, and which tables hold queries.
*/
#include "vm/vmInt.h"

int snSessionQueries(Session *s, const char *name, const Table **out,
    const Column **col) {
  *out = NULL;
  for (u32 k = 0; k < snSessionTables(s); k++) {
    const char *other;
    TableState *t = NULL;
    int rc = snSessionTableName(s, k, &other);
    if (!rc) rc = snSessionFind(s, other, strlen(other), &t);
    if (rc) return rc;
    for (u32 i = 0; t && i < t->table->ncol; i++) {
      size_t n;
      const char *target = snTableTarget(t->table->col + i, &n);
      if (!target || !snAsciiEq(target, n, name, strlen(name))) continue;
      *out = t->table;
      *col = t->table->col + i;
      return SEINE_OK;
    }
  }
  return SEINE_OK;
}

/* What the file holds beyond the range is brought into it. */
u32 snSessionPairs(Session *s) {
  const CatalogObject *o = snSessionObjectFind(s, OBJECT_SETTING,
      SESSION_PAIRS, strlen(SESSION_PAIRS));
  unsigned long n = o ? strtoul(o->sql, NULL, 10) : 0;
  return (u32)SN_MIN(n, 256u);
}

const char *snSessionAnalyzer(Session *s, u32 k) {
  const CatalogObject *o;
  const char *name;
  u32 n = 0;
  while (snAnalyzerName(n)) n++;
  name = k < n ? snAnalyzerName(k) : NULL;
  for (u32 i = 0; !name && (o = snSessionObject(s, i)); i++)
    if (o->kind == OBJECT_ANALYZER && n++ == k) name = o->name;
  return name;
}

int snSessionAnalyzerText(Session *s, const char *name, Buf *out) {
  size_t n = strlen(name), at = out->n;
  const CatalogObject *o;
  bool known = snAnalyzerChain(name, n, out);
  out->n = at;
  if (known) {
    snBufAdd(out, name, n);
    return out->rc;
  }
  o = snSessionObjectFind(s, OBJECT_ANALYZER, name, n);
  if (!o) return SEINE_ERROR;
  snBufPrintf(out, "%s(%s)", o->name, o->sql);
  return out->rc;
}

int snSessionChain(Session *s, const char *chain, ChainError *err) {
  Analyzer *a;
  int rc = snAnalyzerNew(snSessionBudget(s), chain, strlen(chain), err, &a);
  snAnalyzerFree(a);
  return rc;
}
