/*
** table_each: what is in an array or a JSON text, as rows: unnest(),
** json_each(), json_tree().
**
** unnest(a, b, ...) has a row for each element of the longest, with the others
** filled up by NULLs, and the number of the row as its last column.  The two of
** JSON have the columns of SQLite.  A text that is no JSON has no rows, as it
** gives NULL elsewhere; ids number the values of a text as they come, the
** whole from 0.
*/
#include "vm/vmInt.h"
#include "vm/kern.h"

/* ---- unnest() ----------------------------------------------------------- */

static void eachNull(RowMaker *m) {
  m->num[m->n] = 0;
  m->str[m->n] = (Str){0};
  m->null[m->n++] = true;
}

static void eachItem(RowMaker *m, const ArrayItem *x) {
  switch (snTypeForm(m->to->col[m->n].type)) {
  case FORM_REAL: snRowsReal(m, x->d); break;
  case FORM_STR: snRowsStr(m, x->n ? x->p : (const u8 *)"", x->n); break;
  default: snRowsInt(m, x->i); break;
  }
}

int snTableUnnest(TableCall *c) {
  ArrayIter it[SN_COUNT(c->arg)];
  ArrayItem x[SN_COUNT(c->arg)];
  c->done = true;
  for (u32 k = 0; k < c->nargs; k++) {
    const TableArg *a = c->arg + k;
    it[k] = (ArrayIter){0};
    if (a->null || !a->s.n) continue;
    snArrayOpen(it + k, a->s.p, a->s.n);
    if (it[k].left && snTypeForm(it[k].type) !=
            snTypeForm(c->out.to->col[k].type))
      return SN_CORRUPT;
  }
  for (i64 n = 1; !c->out.rc; n++) {
    u32 some = 0;
    if (!(n & 0xffff) && c->cancelled(c->cancel_arg)) break;
    for (u32 k = 0; k < c->nargs; k++) {
      x[k].null = true;
      bool more = it[k].left && snArrayNext(it + k, x + k);
      if (it[k].bad) return SN_CORRUPT;
      some += more;
      if (!more) x[k].null = true;
    }
    if (!some) break;
    for (u32 k = 0; k < c->nargs; k++)
      if (x[k].null) eachNull(&c->out);
      else eachItem(&c->out, x + k);
    snRowsInt(&c->out, n);
    snRowsEnd(&c->out);
  }
  return c->out.rc;
}

/* ---- json_each(), json_tree() ------------------------------------------- */

/* A container that is being walked. */
typedef struct EachLevel {
  i64 id, index;
  size_t path;       /* bytes of its path */
  bool object;
} EachLevel;

typedef struct EachWalk {
  TableCall *c;
  Json j;
  Buf path, key, value;
  EachLevel *level;
  u32 n, cap;
  i64 id;            /* of the next value */
  bool tree;
} EachWalk;

/* The value whose event has come, as a text until the next one; of a container
** the whole, and j stays before its parts. */
static int eachValue(EachWalk *w, JsonEvent e, const char **text, u32 *n) {
  Json copy;
  int rc;
  *text = NULL;
  *n = 0;
  if (e == JSON_NULL) return SEINE_OK;
  if (e == JSON_TRUE || e == JSON_FALSE) {
    *text = e == JSON_TRUE ? "true" : "false";
    *n = e == JSON_TRUE ? 4 : 5;
    return SEINE_OK;
  }
  if (e != JSON_OBJECT && e != JSON_ARRAY) {
    *text = w->j.len ? w->j.text : "";
    *n = (u32)w->j.len;
    return SEINE_OK;
  }
  copy = w->j;
  snBufInit(&copy.tmp, w->c->budget);
  w->value.n = 0;
  rc = snKernJsonCopy(&copy, e, &w->value);
  snJsonClear(&copy);
  *text = (const char *)w->value.data;
  *n = (u32)w->value.n;
  return rc ? rc : w->value.rc;
}

static const char *eachType(JsonEvent e) {
  switch (e) {
  case JSON_NULL: return "null";
  case JSON_TRUE: return "true";
  case JSON_FALSE: return "false";
  case JSON_INT: return "integer";
  case JSON_REAL: return "real";
  case JSON_STRING: return "text";
  case JSON_OBJECT: return "object";
  default: return "array";
  }
}

/* key, value, type, atom, id, parent, fullkey, path.  path_n: bytes of the
** path of what it stands in. */
static int eachRow(EachWalk *w, JsonEvent e, const EachLevel *in,
    size_t path_n) {
  RowMaker *m = &w->c->out;
  bool atom = e != JSON_OBJECT && e != JSON_ARRAY;
  const char *text;
  char index[24];
  u32 n;
  int rc = eachValue(w, e, &text, &n);
  if (rc) return rc;
  if (in && in->object) {
    snRowsStr(m, w->key.n ? (const void *)w->key.data : "", (u32)w->key.n);
  } else if (in) {
    snprintf(index, sizeof index, "%lld", (long long)in->index);
    snRowsText(m, index);
  } else {
    eachNull(m);
  }
  snRowsStr(m, text, n);
  snRowsText(m, eachType(e));
  snRowsStr(m, atom ? text : NULL, atom ? n : 0);
  snRowsInt(m, w->id++);
  if (in && w->tree) snRowsInt(m, in->id);
  else eachNull(m);
  snRowsStr(m, w->path.data, (u32)w->path.n);
  snRowsStr(m, w->path.data, (u32)path_n);
  snRowsEnd(m);
  return m->rc ? m->rc : w->path.rc ? w->path.rc : w->key.rc;
}

static bool eachIsPlain(const Buf *key) {
  const char *s = (const char *)key->data;
  bool plain = key->n && (s[0] < '0' || s[0] > '9');
  for (size_t i = 0; plain && i < key->n; i++)
    plain = (s[i] >= '0' && s[i] <= '9') || ((s[i] | 32) >= 'a' &&
        (s[i] | 32) <= 'z');
  return plain;
}

/* .key, ."a key", [3] */
static void eachStep(EachWalk *w, const EachLevel *in) {
  if (!in->object) {
    snBufPrintf(&w->path, "[%lld]", (long long)in->index);
    return;
  }
  bool plain = eachIsPlain(&w->key);
  snBufStr(&w->path, plain ? "." : ".\"");
  snBufAdd(&w->path, w->key.data, w->key.n);
  if (!plain) snBufByte(&w->path, '"');
}

static int eachPush(EachWalk *w, JsonEvent e, i64 id) {
  int rc = snMemGrow(w->c->budget, &w->level, &w->cap, w->n + 1ull,
      sizeof *w->level);
  if (rc) return rc;
  w->level[w->n++] = (EachLevel){id, 0, w->path.n, e == JSON_OBJECT};
  return SEINE_OK;
}

/* One event inside of a container. */
static int eachNext(EachWalk *w) {
  EachLevel *in = w->level + w->n - 1;
  JsonEvent e = snJsonNext(&w->j);
  if (e == JSON_OBJECT_END || e == JSON_ARRAY_END) {
    w->n--;
    return SEINE_OK;
  }
  if (e == JSON_KEY) {
    w->key.n = 0;
    snBufAdd(&w->key, w->j.text, w->j.len);
    e = snJsonNext(&w->j);
  }
  if (e == JSON_ERROR || e == JSON_END)
    return w->j.tmp.rc ? w->j.tmp.rc : SN_CORRUPT; /* it was valid */
  w->path.n = in->path;
  eachStep(w, in);
  i64 id = w->id;
  int rc = eachRow(w, e, in, in->path);
  in->index++;
  if (rc || (e != JSON_OBJECT && e != JSON_ARRAY)) return rc;
  if (w->tree) return eachPush(w, e, id);
  return snJsonSkip(&w->j) ? SEINE_OK : w->j.tmp.rc;
}

static int eachJson(EachWalk *w) {
  TableCall *c = w->c;
  Str json = c->arg[0].s, root = c->nargs > 1 ? c->arg[1].s
                                              : (Str){(const u8 *)"$", 1, 0};
  FuncCtx ctx = {.arena = c->arena, .budget = c->budget, .error = c->error};
  JsonEvent e;
  u32 rows = 0;
  if (!json.n || !snJsonValid((const char *)json.p, json.n, c->budget))
    return SEINE_OK;
  int rc = snKernJsonSeek(&ctx, json, root, &w->j, &e);
  if (rc || e == JSON_END) return rc;
  snBufAdd(&w->path, root.p, root.n);
  bool atom = e != JSON_OBJECT && e != JSON_ARRAY;
  if (w->tree || atom) rc = eachRow(w, e, NULL, w->path.n);
  if (!rc && !atom) rc = eachPush(w, e, 0);
  if (!w->tree && !atom) w->id = 1;
  while (!rc && w->n) {
    rc = eachNext(w);
    if (!(++rows & 0xfff) && c->cancelled(c->cancel_arg)) break;
  }
  return rc;
}

static int eachWalk(TableCall *c, bool tree) {
  EachWalk w = {.c = c, .tree = tree};
  c->done = true;
  if (c->arg[0].null || (c->nargs > 1 && c->arg[1].null)) return SEINE_OK;
  snBufInit(&w.path, c->budget);
  snBufInit(&w.key, c->budget);
  snBufInit(&w.value, c->budget);
  snJsonInit(&w.j, "", 0, c->budget);
  int rc = eachJson(&w);
  snJsonClear(&w.j);
  snBufClear(&w.path);
  snBufClear(&w.key);
  snBufClear(&w.value);
  snMemFree(w.level);
  return rc;
}

int snTableJsonEach(TableCall *c) { return eachWalk(c, false); }

int snTableJsonTree(TableCall *c) { return eachWalk(c, true); }
