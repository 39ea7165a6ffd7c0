/*
** object: what has a name and an SQL text and is no table: analyzers.
**
** All objects of a state stand in one extent, which a commit writes anew when
** one of them has changed; schemaInt.h has the bytes.
**
** Invariants:
** (1) A list is in order of kinds, then of names, whatever their case; no two
**     objects of a kind have the same name.
** (2) A list that has more than one reference never changes: a transaction
**     that changes one copies it first.
*/
#include "schema/schemaInt.h"

Objects *snObjectsNew(Budget *b) {
  Objects *o = snMemZero(b, sizeof *o);
  if (!o) return NULL;
  o->refs = 1;
  snArenaInit(&o->arena, b);
  return o;
}

Objects *snObjectsKeep(Objects *o) {
  if (o) o->refs++;
  return o;
}

void snObjectsDrop(Objects *o) {
  if (!o || --o->refs) return;
  snArenaClear(&o->arena);
  snMemFree(o->v);
  snMemFree(o);
}

static int objectOrder(const CatalogObject *a, u8 kind, const char *name,
    size_t n) {
  if (a->kind != kind) return a->kind < kind ? -1 : 1;
  return snAsciiCmp(a->name, strlen(a->name), name, n);
}

/* The first object that is not below. */
static u32 objectPlace(const Objects *o, u8 kind, const char *name,
    size_t n) {
  u32 i = 0;
  while (i < o->n && objectOrder(o->v + i, kind, name, n) < 0) i++;
  return i;
}

static int objectInsert(Objects *o, u32 i, u8 kind, const char *name,
    size_t n, const char *sql, size_t sql_len) {
  CatalogObject x = {kind, snArenaDup(&o->arena, name, n),
      snArenaDup(&o->arena, sql, sql_len)};
  int rc = snMemGrow(o->arena.budget, &o->v, &o->cap, o->n + 1ull,
      sizeof *o->v);
  if (rc) return rc;
  if (!x.name || !x.sql) return SN_NOMEM;
  memmove(o->v + i + 1, o->v + i, (o->n - i) * sizeof *o->v);
  o->v[i] = x;
  o->n++;
  return SEINE_OK;
}

int snObjectsPut(Budget *b, const Objects *from, u8 kind, const char *name,
    const char *sql, Objects **out) {
  Objects *o = snObjectsNew(b);
  size_t n = strlen(name);
  int rc = o ? SEINE_OK : SN_NOMEM;
  *out = NULL;
  for (u32 i = 0; !rc && from && i < from->n; i++) {
    const CatalogObject *x = from->v + i;
    if (!objectOrder(x, kind, name, n)) continue;
    rc = objectInsert(o, o->n, x->kind, x->name, strlen(x->name), x->sql,
        strlen(x->sql));
  }
  if (!rc && sql)
    rc = objectInsert(o, objectPlace(o, kind, name, n), kind, name, n, sql,
        strlen(sql));
  if (rc) snObjectsDrop(o);
  else *out = o;
  return rc;
}

static const char *objectText(Rd *r, size_t *n) {
  u64 len = snRdVarint(r);
  const char *p = (const char *)snRdBytes(r, len);
  *n = (size_t)len;
  if (!p || !snTableNameGood(p, *n)) r->bad = true;
  return r->bad ? NULL : p;
}

int snObjectsRead(Budget *b, Rd *r, Objects **out) {
  Objects *o = snObjectsNew(b);
  u64 count = snRdVarint(r);
  int rc = o ? SEINE_OK : SN_NOMEM;
  *out = NULL;
  for (u64 i = 0; !rc && !r->bad && i < count; i++) {
    u8 kind = snRdByte(r);
    size_t n, sql_len;
    const char *name = objectText(r, &n), *sql = objectText(r, &sql_len);
    if (r->bad || !kind || kind >= OBJECT_KINDS ||
        (o->n && objectOrder(o->v + o->n - 1, kind, name, n) >= 0))
      r->bad = true;
    else rc = objectInsert(o, o->n, kind, name, n, sql, sql_len);
  }
  if (!rc && (r->bad || r->p != r->end || !count)) rc = SN_CORRUPT;
  if (rc) snObjectsDrop(o);
  else *out = o;
  return rc;
}

static void objectPutText(Buf *b, const char *s) {
  size_t n = strlen(s);
  snBufVarint(b, n);
  snBufAdd(b, s, n);
}

void snObjectsWrite(const Objects *o, Buf *b) {
  snBufVarint(b, o->n);
  for (u32 i = 0; i < o->n; i++) {
    snBufByte(b, o->v[i].kind);
    objectPutText(b, o->v[i].name);
    objectPutText(b, o->v[i].sql);
  }
}
