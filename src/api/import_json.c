/*
** import_json: a JSON object into cells.
**
** (1) Objects are flattened: {"a":{"b":1}} sets the field a.b.  Not so where
**     the field is kept whole, deeper than IMPORT_NESTED levels, and where
**     the object is a point: exactly the numbers lat and lon.
** (2) A name is looked for where it was the last time: each node remembers
**     the one that came behind it, so that most names are compared and not
**     read; else in a hash table.
** (3) Of a name that comes twice in one object the last value counts.
** (4) Two ways to one name ({"a.b":1} and {"a":{"b":1}}) are one field.
** (5) Nothing is allocated for a record when all its names are known.
*/
#include "api/import.h"

/* ---- Names -------------------------------------------------------------- */

/* The field of a path; made when it is new. */
static u32 importJsonField(seine_import *imp, const char *path, size_t n) {
  u32 known = imp->paths.n, k, field;
  k = snStrSetAdd(&imp->paths, path, (u32)n);
  if (imp->paths.rc) {
    snImportFail(imp, imp->paths.rc);
    return IMPORT_NONE;
  }
  if (k < known && k < imp->path_cap && imp->path_field[k] != IMPORT_NONE) {
    return imp->path_field[k];
  }
  if (snMemGrow(imp->budget, &imp->path_field, &imp->path_cap, (u64)k + 1,
          sizeof *imp->path_field)) {
    snImportFail(imp, SN_NOMEM);
    return IMPORT_NONE;
  }
  field = snImportNewField(imp, path, n);
  imp->path_field[k] = field;
  return field;
}

/* The path of a node into imp->path. */
static bool importJsonPath(seine_import *imp, u32 parent, const char *key,
    u32 n) {
  Buf *b = &imp->path;
  b->n = 0;
  if (parent) {
    const ImportField *f = &imp->field[imp->node[parent].field];
    snBufAdd(b, f->name, f->n);
    snBufByte(b, '.');
  }
  snBufAdd(b, key, n);
  if (b->rc) snImportFail(imp, b->rc);
  return !b->rc;
}

static bool importJsonIsPlain(const char *key, u32 n) {
  for (u32 i = 0; i < n; i++)
    if ((u8)key[i] < 0x20 || key[i] == '"' || key[i] == '\\') return false;
  return true;
}

static u32 importJsonNewNode(seine_import *imp, u32 parent, const char *key,
    u32 n) {
  ImportNode *x;
  u32 field;
  if (!importJsonPath(imp, parent, key, n)) return IMPORT_NONE;
  field = importJsonField(imp, (const char *)imp->path.data, imp->path.n);
  if (field == IMPORT_NONE) return IMPORT_NONE;
  if (snMemGrow(imp->budget, &imp->node, &imp->node_cap, (u64)imp->nnode + 1,
          sizeof *imp->node)) {
    snImportFail(imp, SN_NOMEM);
    return IMPORT_NONE;
  }
  x = &imp->node[imp->nnode];
  *x = (ImportNode){.n = n, .parent = parent, .field = field};
  x->depth = imp->node[parent].depth + 1;
  x->plain = importJsonIsPlain(key, n);
  imp->version++;
  return imp->nnode++;
}

/* By hash: the bytes of the parent's number, then the name. */
static u32 importJsonSeek(seine_import *imp, u32 parent, const char *key,
    u32 n) {
  Buf *b = &imp->path;
  u32 k, at;
  b->n = 0;
  snBufU32(b, parent);
  snBufAdd(b, key, n);
  if (b->rc) snImportFail(imp, b->rc);
  if (imp->rc) return IMPORT_NONE;
  k = snStrSetFind(&imp->nodes, b->data, n + 4);
  if (k != ~0u) return k + 1;
  if (!imp->db) {
    snImportReason(imp, "a name that was not known yet");
    return IMPORT_NONE;
  }
  if (imp->nnode >= IMPORT_FIELDS || n > IMPORT_KEEP) {
    snImportReason(imp, imp->nnode < IMPORT_FIELDS ?
        "a name of more than 4,096 bytes" : "too many different names");
    return IMPORT_NONE;
  }
  at = importJsonNewNode(imp, parent, key, n);
  if (at == IMPORT_NONE) return IMPORT_NONE;
  b->n = 0;
  snBufU32(b, parent);
  snBufAdd(b, key, n);
  k = b->rc ? 0 : snStrSetAdd(&imp->nodes, b->data, n + 4);
  if (b->rc || imp->nodes.rc) {
    snImportFail(imp, SN_NOMEM);
    return IMPORT_NONE;
  }
  imp->node[at].key = imp->nodes.refs[k].p + 4;
  return at;
}

static inline bool importJsonIs(const ImportNode *x, u32 parent,
    const char *key, u32 n) {
  return x->parent == parent && x->n == n && !memcmp(x->key, key, n);
}

/* The node of a name: the one that followed last time, or the one behind it
** (a name was left out), or by hash. */
static inline u32 importJsonNode(seine_import *imp, u32 parent,
    const char *key, u32 n) {
  u32 last = imp->last_node, k = imp->node[last].next;
  if (k && SN_LIKELY(importJsonIs(&imp->node[k], parent, key, n))) {
    return imp->last_node = k;
  }
  if (k) k = imp->node[k].next;
  if (k && importJsonIs(&imp->node[k], parent, key, n)) {
    return imp->last_node = k;
  }
  k = importJsonSeek(imp, parent, key, n);
  if (k == IMPORT_NONE) return k;
  imp->node[last].next = k;
  return imp->last_node = k;
}

/* The node whose name followed last time, if it is the next one again: then
** it was passed over.  0: it is not. */
static inline u32 importJsonGuess(seine_import *imp, u32 parent) {
  u32 k = imp->node[imp->last_node].next;
  const ImportNode *x = &imp->node[k];
  if (!k || x->parent != parent || !x->plain ||
      !snJsonIsKey(&imp->json, x->key, x->n)) {
    return 0;
  }
  return imp->last_node = k;
}

/* ---- Values ------------------------------------------------------------- */

static bool importJsonText(seine_import *imp, ImportCell *c) {
  const Json *j = &imp->json;
  c->n = (u32)j->len;
  c->p = j->text;
  c->raw = j->start + j->raw_from;
  c->nraw = (u32)(j->raw_to - j->raw_from);
  if (c->kind != IMPORT_TEXT || c->n + 2 == c->nraw) return true;
  c->p = snImportPadCopy(imp, j->text, j->len); /* it had escapes */
  return c->p != NULL;
}

static int importJsonScalar(seine_import *imp, u32 field, JsonEvent e) {
  static const u8 kinds[] = {[JSON_NULL] = IMPORT_NULL,
      [JSON_TRUE] = IMPORT_BOOL, [JSON_FALSE] = IMPORT_BOOL,
      [JSON_INT] = IMPORT_INT, [JSON_REAL] = IMPORT_REAL,
      [JSON_STRING] = IMPORT_TEXT};
  ImportCell *c = snImportCell(imp, field, kinds[e]);
  if (!c) return imp->rc;
  if (e == JSON_NULL) return SEINE_OK;
  importJsonText(imp, c);
  if (c->kind == IMPORT_BOOL) {
    c->i = e == JSON_TRUE;
    c->p = c->raw;
    c->n = c->nraw;
  } else {
    c->i = imp->json.i;
    c->d = imp->json.d;
  }
  return imp->rc;
}

static int importJsonBad(seine_import *imp) {
  const Json *j = &imp->json;
  if (j->tmp.rc) return snImportFail(imp, j->tmp.rc);
  snImportReason(imp, "%s at byte %llu", j->error ? j->error : "bad JSON",
      (unsigned long long)j->raw_from + 1);
  return SEINE_OK;
}

static int importJsonArray(seine_import *imp, u32 field) {
  static const u8 bits[JSON_ARRAY_END + 1] = {[JSON_TRUE] = IMPORT_HAS_BOOL,
      [JSON_FALSE] = IMPORT_HAS_BOOL, [JSON_INT] = IMPORT_HAS_NUMBER,
      [JSON_REAL] = IMPORT_HAS_NUMBER, [JSON_STRING] = IMPORT_HAS_TEXT,
      [JSON_OBJECT] = IMPORT_HAS_NESTED, [JSON_ARRAY] = IMPORT_HAS_NESTED};
  Json *j = &imp->json;
  size_t from = j->raw_from;
  ImportCell *c;
  JsonEvent e;
  u32 has = 0;
  while ((e = snJsonNext(j)) != JSON_ARRAY_END) {
    if (e == JSON_ERROR || !snJsonSkip(j)) return importJsonBad(imp);
    has |= bits[e];
  }
  c = snImportCell(imp, field, IMPORT_ARRAY);
  if (!c) return imp->rc;
  c->bits = (u8)has;
  c->raw = j->start + from;
  c->nraw = (u32)(j->p - c->raw);
  return SEINE_OK;
}

/* Is the object that was just opened exactly lat and lon, and a place on
** earth?  Looks ahead in a copy; j stays where it is. */
static bool importJsonPoint(const Json *j, i64 *out, size_t *to) {
  Json k = *j;
  bool lat = false, lon = false;
  JsonEvent e;
  k.check_only = true;
  while ((e = snJsonNext(&k)) == JSON_KEY) {
    bool is_lat = k.len == 3 && !memcmp(k.text, "lat", 3);
    bool is_lon = k.len == 3 && !memcmp(k.text, "lon", 3);
    if ((is_lat && lat) || (is_lon && lon) || is_lat == is_lon) return false;
    lat = lat || is_lat;
    lon = lon || is_lon;
    e = snJsonNext(&k);
    if (e != JSON_INT && e != JSON_REAL) return false;
  }
  if (e != JSON_OBJECT_END || !lat || !lon) return false;
  *to = (size_t)(k.p - k.start);
  return snTypeParseInt(TYPE_GEOPOINT, j->start + j->raw_from,
      *to - j->raw_from, out);
}

/* The first object here is no point: none is. */
static void importJsonPlainly(seine_import *imp, ImportField *f) {
  if (!imp->db) {
    snImportReason(imp, "an object that might be a point");
    return;
  }
  f->geo = IMPORT_GEO_NO;
  imp->version++;
}

/* An object as one value, if it is one here: false when it is to be
** flattened. */
static bool importJsonWhole(seine_import *imp, u32 node) {
  u32 field = imp->node[node].field;
  ImportField *f = &imp->field[field];
  Json *j = &imp->json;
  size_t from = j->raw_from, to;
  ImportCell *c;
  u8 kind = IMPORT_WHOLE;
  i64 point = 0;
  if (!f->whole && f->geo != IMPORT_GEO_NO) {
    if (importJsonPoint(j, &point, &to)) kind = IMPORT_GEO;
    else if (f->geo == IMPORT_GEO_MAYBE) importJsonPlainly(imp, f);
  }
  if (kind == IMPORT_WHOLE && !f->whole &&
      imp->node[node].depth < IMPORT_NESTED) {
    return false;
  }
  if (!snJsonSkip(j)) {
    importJsonBad(imp);
    return true;
  }
  c = snImportCell(imp, field, kind);
  if (!c) return true;
  c->i = point;
  c->raw = j->start + from;
  c->nraw = (u32)(j->p - c->raw);
  return true;
}

/* ---- The record --------------------------------------------------------- */

static bool importJsonBegin(seine_import *imp, const char *p, u32 n) {
  Json *j = &imp->json;
  Buf tmp = j->tmp; /* its memory is used again */
  snJsonInit(j, p, n, imp->budget);
  j->tmp = tmp;
  if (!imp->nnode) {
    if (snMemGrow(imp->budget, &imp->node, &imp->node_cap, 1,
            sizeof *imp->node)) {
      snImportFail(imp, SN_NOMEM);
      return false;
    }
    imp->node[imp->nnode++] = (ImportNode){.key = ""};
  }
  imp->last_node = 0;
  switch (snJsonNext(j)) {
    case JSON_OBJECT: return true;
    case JSON_ERROR: importJsonBad(imp); return false;
    default: snImportReason(imp, "not a JSON object"); return false;
  }
}

int snImportJson(seine_import *imp, const char *p, u32 n) {
  Json *j = &imp->json;
  u32 parent = 0, at = 0, guess;
  JsonEvent e;
  if (!importJsonBegin(imp, p, n)) return imp->rc;
  while (!imp->rc && !imp->reason[0]) {
    guess = importJsonGuess(imp, parent);
    if (guess) at = guess;
    e = snJsonNext(j);
    switch (e) {
      case JSON_KEY:
        at = importJsonNode(imp, parent, j->text, (u32)j->len);
        break;
      case JSON_OBJECT:
        if (!importJsonWhole(imp, at)) parent = at;
        break;
      case JSON_OBJECT_END: parent = imp->node[parent].parent; break;
      case JSON_ARRAY: importJsonArray(imp, imp->node[at].field); break;
      case JSON_END: return SEINE_OK;
      case JSON_ERROR: return importJsonBad(imp);
      case JSON_ARRAY_END: break; /* taken by importJsonArray */
      default: importJsonScalar(imp, imp->node[at].field, e); break;
    }
  }
  return imp->rc;
}
