/*
** kern_json: reads, makes and changes JSON texts, with the functions and the
** paths of SQLite.
**
** (1) A text that is no JSON gives NULL (json_valid tells).
** (2) Results are JSON without blanks; numbers and strings are spelled as in
**     the source.  Names are compared as they are spelled.
** (3) An argument of type JSON is put into a result as it is, any other as a
**     JSON value: a text becomes a string.
** (4) Nothing but the steps of a path is walked by recursion.
*/
#include "vm/kern.h"

#define KERN_JSON_STEPS 1000u /* of a path, as deep as JSON may be */

/* ---- Paths -------------------------------------------------------------- */

typedef enum KernJsonKind { JSON_STEP_KEY, JSON_STEP_AT, JSON_STEP_END }
    KernJsonKind;

/* A name; the index-th element; the one index before the end. */
typedef struct KernJsonStep {
  u8 kind;
  Str key;
  u32 index;
} KernJsonStep;

typedef struct KernJsonPath {
  KernJsonStep *step;
  u32 n;
} KernJsonPath;

/* [3], [#], [#-1]: behind the bracket, or NULL. */
static const char *kernJsonIndex(const char *p, const char *end,
    KernJsonStep *out) {
  const char *q = memchr(p, ']', (size_t)(end - p));
  i64 index = 0;
  if (!q) return NULL;
  out->kind = JSON_STEP_AT;
  if (p < q && *p == '#') {
    out->kind = JSON_STEP_END;
    if (++p == q) return q + 1;
    if (*p++ != '-') return NULL;
  }
  if (!snNumInt(p, (size_t)(q - p), &index)) return NULL;
  if (index < 0 || index > UINT32_MAX) return NULL;
  out->index = (u32)index;
  return q + 1;
}

/* .key, ."any key", [3]: one step; NULL when it is none. */
static const char *kernJsonStep(const char *p, const char *end,
    KernJsonStep *out) {
  const char *q;
  memset(out, 0, sizeof *out);
  if (*p == '[') return kernJsonIndex(p + 1, end, out);
  if (*p++ != '.' || p == end) return NULL;
  if (*p == '"') {
    q = memchr(p + 1, '"', (size_t)(end - p) - 1);
    if (!q) return NULL;
    out->key = (Str){(const u8 *)p + 1, (u32)(q - p) - 1, 0};
    return q + 1;
  }
  for (q = p; q < end && *q != '.' && *q != '['; q++) continue;
  out->key = (Str){(const u8 *)p, (u32)(q - p), 0};
  return q > p ? q : NULL;
}

static int kernJsonPath(FuncCtx *c, Str s, KernJsonPath *path) {
  const char *p = (const char *)s.p, *end;
  path->n = 0;
  if (!s.n || *p != '$') goto bad;
  path->step = snArenaAlloc(c->arena,
      (SN_MIN(s.n / 2, KERN_JSON_STEPS) + 1ull) * sizeof(KernJsonStep));
  if (!path->step) return SN_NOMEM;
  for (end = p++ + s.n; p < end;) {
    if (path->n == KERN_JSON_STEPS) goto bad;
    p = kernJsonStep(p, end, &path->step[path->n++]);
    if (!p) goto bad;
  }
  return SEINE_OK;
bad:
  return snKernError(c, "not a JSON path: \"%.*s\"", (int)SN_MIN(s.n, 60u),
      s.n ? (const char *)s.p : "");
}

/* What stands behind -> and ->>: a path, or a name, or an index, which counts
** from the end when it is negative. */
static int kernJsonLabel(FuncCtx *c, const Vec *v, u32 i, KernJsonPath *path) {
  Str s = {NULL, 0, 0};
  i64 index = 0;
  if (snTypeIsString(v->type)) {
    s = snKernStr(v, i);
    if (s.n && *s.p == '$') return kernJsonPath(c, s, path);
  } else {
    index = snKernInt(v, i);
  }
  path->step = snArenaZero(c->arena, sizeof *path->step);
  if (!path->step) return SN_NOMEM;
  path->n = 1;
  path->step->key = s;
  if (snTypeIsString(v->type)) return SEINE_OK;
  path->step->kind = index < 0 ? JSON_STEP_END : JSON_STEP_AT;
  path->step->index = (u32)SN_MIN(index < 0 ? 0 - (u64)index : (u64)index,
      (u64)UINT32_MAX);
  return SEINE_OK;
}

/* ---- Walking ------------------------------------------------------------ */

/* Elements of the array that was just opened; j stays where it is. */
static u32 kernJsonCount(const Json *j) {
  Json k = *j;
  u32 n = 0;
  JsonEvent e;
  snBufInit(&k.tmp, NULL);
  k.check_only = true;
  while ((e = snJsonNext(&k)) != JSON_ARRAY_END && e != JSON_ERROR) {
    n++;
    if (!snJsonSkip(&k)) break;
  }
  return n;
}

/* The index that a step means in the array just opened; false: none. */
static bool kernJsonAt(const Json *j, const KernJsonStep *step, u32 *at) {
  u32 n;
  *at = step->index;
  if (step->kind == JSON_STEP_AT) return true;
  n = kernJsonCount(j);
  if (step->index > n) return false;
  *at = n - step->index;
  return true;
}

static bool kernJsonIs(const Json *j, Str key) {
  return j->len == key.n && !memcmp(j->text, key.p, key.n);
}

/* From the event of a container to that of the child, or to JSON_END. */
static JsonEvent kernJsonInto(Json *j, JsonEvent e, const KernJsonStep *step) {
  u32 left;
  if (step->kind == JSON_STEP_KEY && e == JSON_OBJECT) {
    while ((e = snJsonNext(j)) == JSON_KEY) {
      bool same = kernJsonIs(j, step->key);
      e = snJsonNext(j);
      if (same) return e;
      if (e == JSON_ERROR || !snJsonSkip(j)) break;
    }
  } else if (step->kind != JSON_STEP_KEY && e == JSON_ARRAY &&
      kernJsonAt(j, step, &left)) {
    while ((e = snJsonNext(j)) != JSON_ARRAY_END && e != JSON_ERROR) {
      if (!left--) return e;
      if (!snJsonSkip(j)) break;
    }
  }
  return JSON_END;
}

/* The event of the value at a path of row i, or JSON_END. */
static JsonEvent kernJsonOpen(FuncCtx *c, const Vec *v, u32 i,
    const KernJsonPath *path, Json *j) {
  Str s = snKernStr(v, i);
  JsonEvent e;
  snJsonInit(j, s.n ? (const char *)s.p : "", s.n, c->budget);
  e = snJsonNext(j);
  for (u32 k = 0; k < path->n; k++) e = kernJsonInto(j, e, &path->step[k]);
  return e == JSON_ERROR ? JSON_END : e;
}

/* ---- Writing ------------------------------------------------------------ */

static void kernJsonQuote(Buf *b, const u8 *p, u32 n) {
  static const char hex[] = "0123456789abcdef", names[] = "btn\0fr";
  const volatile int *stop = n > SN_STRIDE ? snMemStop(b->budget) : NULL;
  snBufByte(b, '"');
  for (u32 i = 0; i < n; i++) {
    u8 ch = p[i];
    if (SN_UNLIKELY((i + 1) % SN_STRIDE == 0) && snStops(stop)) break;
    if (ch >= 32) {
      if (ch == '"' || ch == '\\') snBufByte(b, '\\');
      snBufByte(b, ch);
      continue;
    }
    snBufByte(b, '\\');
    if (ch >= 8 && ch <= 13 && names[ch - 8]) {
      snBufByte(b, (u8)names[ch - 8]);
      continue;
    }
    snBufStr(b, "u00");
    snBufByte(b, (u8)hex[ch >> 4]);
    snBufByte(b, (u8)hex[ch & 15]);
  }
  snBufByte(b, '"');
}

int snKernJsonValue(Buf *b, const Vec *v, u32 i) {
  KernVal x;
  if (snKernIsNull(v, i)) {
    snBufStr(b, "null");
    return b->rc;
  }
  snKernGet(v, i, &x);
  switch (v->type) {
    case TYPE_BLOB: case TYPE_INTERVAL: return SEINE_MISUSE;
    case TYPE_JSON:
      if (!snJsonValid((const char *)x.s.p, x.s.n, b->budget))
        return SEINE_MISUSE;
      snBufAdd(b, x.s.p, x.s.n);
      break;
    case TYPE_TEXT: case TYPE_KEYWORD: kernJsonQuote(b, x.s.p, x.s.n); break;
    case TYPE_BOOLEAN: snBufStr(b, x.i ? "true" : "false"); break;
    case TYPE_REAL:
      if (!isfinite(x.d)) snBufStr(b, "null");
      else snKernText(b, v->type, &x);
      break;
    case TYPE_INTEGER: snKernText(b, v->type, &x); break;
    default:
      if (v->type & TYPE_ARRAY) { /* its text is JSON */
        snKernText(b, v->type, &x);
        break;
      }
      snBufByte(b, '"'); /* times, addresses, points: nothing to escape */
      snKernText(b, v->type, &x);
      snBufByte(b, '"');
  }
  return b->rc;
}

static int kernJsonPut(FuncCtx *c, Buf *b, const Vec *v, u32 i) {
  char name[24];
  int rc = snKernJsonValue(b, v, i);
  if (rc != SEINE_MISUSE) return rc;
  return snKernError(c, v->type == TYPE_JSON ? "a value of type %s is no "
      "JSON: json_valid() tells" : "JSON cannot hold %s values",
      snTypeName(v->type, name));
}

/* Copies the value whose event was just read, without blanks. */
static JsonEvent kernJsonCopy(Json *j, JsonEvent e, Buf *b) {
  u32 depth = j->depth - (e == JSON_OBJECT || e == JSON_ARRAY);
  bool first = true;
  for (;; e = snJsonNext(j)) {
    bool close = e == JSON_OBJECT_END || e == JSON_ARRAY_END;
    if (e == JSON_ERROR || e == JSON_END) return JSON_ERROR;
    if (!first && !close && b->n && b->data[b->n - 1] != ':') {
      if (b->data[b->n - 1] != '{' && b->data[b->n - 1] != '[')
        snBufByte(b, ',');
    }
    first = false;
    switch (e) {
      case JSON_OBJECT: snBufByte(b, '{'); break;
      case JSON_OBJECT_END: snBufByte(b, '}'); break;
      case JSON_ARRAY: snBufByte(b, '['); break;
      case JSON_ARRAY_END: snBufByte(b, ']'); break;
      case JSON_NULL: snBufStr(b, "null"); break;
      case JSON_TRUE: snBufStr(b, "true"); break;
      case JSON_FALSE: snBufStr(b, "false"); break;
      case JSON_KEY: case JSON_STRING:
        snBufByte(b, '"');
        snBufAdd(b, j->text, j->len);
        snBufByte(b, '"');
        if (e == JSON_KEY) snBufByte(b, ':');
        break;
      default: snBufAdd(b, j->text, j->len); break;
    }
    if (e != JSON_KEY && j->depth == depth) return e;
  }
}

int snKernJsonCopy(Json *j, JsonEvent e, Buf *b) {
  j->check_only = true;
  e = kernJsonCopy(j, e, b);
  return e == JSON_ERROR && j->tmp.rc ? j->tmp.rc : SEINE_OK;
}

int snKernJsonSeek(FuncCtx *c, Str json, Str path, Json *j, JsonEvent *e) {
  KernJsonPath steps = {NULL, 0};
  Vec v = {.type = TYPE_TEXT, .form = VEC_CONST, .data = &json};
  *e = JSON_END;
  int rc = kernJsonPath(c, path, &steps);
  if (!rc) *e = kernJsonOpen(c, &v, 0, &steps, j);
  return rc ? rc : j->tmp.rc;
}

/* ---- Reading ------------------------------------------------------------ */

static int kernJsonValid(KERN_ARGS) {
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k);
    Str s = snKernStr(&args[0], i);
    if (s.n && snJsonValid((const char *)s.p, s.n, c->budget))
      snBitSet(out->data, i);
  }
  return SEINE_OK;
}

/* The value just found as text; false: none, or null. */
static bool kernJsonText(Json *j, JsonEvent e, Buf *b) {
  switch (e) {
    case JSON_TRUE: snBufStr(b, "true"); return true;
    case JSON_FALSE: snBufStr(b, "false"); return true;
    case JSON_INT: case JSON_REAL: case JSON_STRING:
      snBufAdd(b, j->text, j->len);
      return true;
    case JSON_OBJECT: case JSON_ARRAY:
      if (!snJsonSkip(j)) return false;
      snBufAdd(b, j->start + j->raw_from, j->raw_to - j->raw_from);
      return true;
    default: return false;
  }
}

/* json: as JSON; else as text. */
static int kernJsonGet(FuncCtx *c, const Vec *args, Rows16 rows, Vec *out,
    bool json, bool label) {
  KernJsonPath path = {NULL, 0};
  int rc = SEINE_OK;
  for (u32 k = 0; k < rows.n && !rc; k++) {
    u32 i = snKernRow(rows, k);
    Buf *b = snKernScratch(c);
    bool found;
    JsonEvent e;
    Json j;
    if (snKernOnce(&args[1], k)) {
      rc = label ? kernJsonLabel(c, &args[1], i, &path)
                 : kernJsonPath(c, snKernStr(&args[1], i), &path);
      if (rc) return rc;
    }
    e = kernJsonOpen(c, &args[0], i, &path, &j);
    if (json || (label && (e == JSON_OBJECT || e == JSON_ARRAY))) {
      j.check_only = true; /* from here as it is spelled */
      found = e != JSON_END;
      if (e == JSON_STRING) {
        snBufAdd(b, j.start + j.raw_from, j.raw_to - j.raw_from);
      } else if (found) {
        found = kernJsonCopy(&j, e, b) != JSON_ERROR;
      }
    } else {
      found = kernJsonText(&j, e, b);
    }
    if (j.tmp.rc) rc = j.tmp.rc;
    snJsonClear(&j);
    if (found && !rc) rc = snKernTake(c, out, i);
    else snKernNull(out, i);
  }
  return rc;
}

static int kernJsonExtract(KERN_ARGS) {
  return kernJsonGet(c, args, rows, out, false, false);
}
static int kernJsonArrow(KERN_ARGS) {
  return kernJsonGet(c, args, rows, out, true, true);
}
static int kernJsonArrowText(KERN_ARGS) {
  return kernJsonGet(c, args, rows, out, false, true);
}

/* Calls fn with the value at the path of the second argument, if any, or with
** the whole; false makes NULL. */
typedef bool (*KernJsonFn)(Json *j, JsonEvent e, Vec *out, u32 i, Buf *b);

static int kernJsonEach(FuncCtx *c, const Vec *args, u32 n, Rows16 rows,
    Vec *out, KernJsonFn fn) {
  KernJsonPath path = {NULL, 0};
  int rc = SEINE_OK;
  for (u32 k = 0; k < rows.n && !rc; k++) {
    u32 i = snKernRow(rows, k);
    Buf *b = snKernScratch(c);
    bool text = snTypeForm(out->type) == FORM_STR, good;
    Str s = snKernStr(&args[0], i);
    JsonEvent e;
    Json j;
    if (n > 1 && snKernOnce(&args[1], k)) {
      rc = kernJsonPath(c, snKernStr(&args[1], i), &path);
      if (rc) return rc;
    }
    good = s.n && snJsonValid((const char *)s.p, s.n, c->budget);
    e = kernJsonOpen(c, &args[0], i, &path, &j);
    good = good && e != JSON_END && fn(&j, e, out, i, b);
    rc = j.tmp.rc;
    snJsonClear(&j);
    if (!good) snKernNull(out, i);
    else if (text && !rc) rc = snKernTake(c, out, i);
  }
  return rc;
}

static bool kernJsonTypeOf(Json *j, JsonEvent e, Vec *out, u32 i, Buf *b) {
  static const char *const names[] = {[JSON_NULL] = "null",
      [JSON_TRUE] = "true", [JSON_FALSE] = "false", [JSON_INT] = "integer",
      [JSON_REAL] = "real", [JSON_STRING] = "text", [JSON_OBJECT] = "object",
      [JSON_ARRAY] = "array"};
  (void)j, (void)out, (void)i;
  if (e >= SN_COUNT(names) || !names[e]) return false;
  snBufStr(b, names[e]);
  return true;
}
static int kernJsonType(KERN_ARGS) {
  return kernJsonEach(c, args, n, rows, out, kernJsonTypeOf);
}

static bool kernJsonLengthOf(Json *j, JsonEvent e, Vec *out, u32 i, Buf *b) {
  (void)b;
  ((i64 *)out->data)[i] = e == JSON_ARRAY ? kernJsonCount(j) : 0;
  return true;
}
static int kernJsonLength(KERN_ARGS) {
  return kernJsonEach(c, args, n, rows, out, kernJsonLengthOf);
}

static bool kernJsonMinify(Json *j, JsonEvent e, Vec *out, u32 i, Buf *b) {
  (void)out, (void)i;
  j->check_only = true;
  if (e == JSON_STRING) {
    snBufAdd(b, j->start + j->raw_from, j->raw_to - j->raw_from);
    return true;
  }
  return kernJsonCopy(j, e, b) != JSON_ERROR;
}
static int kernJsonJson(KERN_ARGS) {
  return kernJsonEach(c, args, 1, rows, out, kernJsonMinify);
}

static bool kernJsonKeysOf(Json *j, JsonEvent e, Vec *out, u32 i, Buf *b) {
  Json k = *j;
  u32 n = 0;
  (void)out, (void)i;
  if (e != JSON_OBJECT) return false;
  snBufInit(&k.tmp, NULL);
  k.check_only = true;
  for (; snJsonNext(&k) == JSON_KEY; n++) {
    snJsonNext(&k);
    snJsonSkip(&k);
  }
  snArrayBegin(b, TYPE_TEXT, n);
  while (snJsonNext(j) == JSON_KEY) {
    snArrayStr(b, j->text, (u32)j->len);
    snJsonNext(j);
    snJsonSkip(j);
  }
  return true;
}
static int kernJsonKeys(KERN_ARGS) {
  return kernJsonEach(c, args, n, rows, out, kernJsonKeysOf);
}

/* ---- Making ------------------------------------------------------------- */

static int kernJsonQuoted(KERN_ARGS) {
  int rc = SEINE_OK;
  for (u32 k = 0; k < rows.n && !rc; k++) {
    u32 i = snKernRow(rows, k);
    rc = kernJsonPut(c, snKernScratch(c), &args[0], i);
    if (!rc) rc = snKernTake(c, out, i);
  }
  return rc;
}

static int kernJsonArray(KERN_ARGS) {
  int rc = SEINE_OK;
  for (u32 k = 0; k < rows.n && !rc; k++) {
    u32 i = snKernRow(rows, k);
    Buf *b = snKernScratch(c);
    snBufByte(b, '[');
    for (u32 a = 0; a < n && !rc; a++) {
      if (a) snBufByte(b, ',');
      rc = kernJsonPut(c, b, &args[a], i);
    }
    snBufByte(b, ']');
    if (!rc) rc = snKernTake(c, out, i);
  }
  return rc;
}

static int kernJsonObject(KERN_ARGS) {
  int rc = SEINE_OK;
  if (n % 2)
    return snKernError(c, "json_object() takes names and values by turns: a "
        "value is missing");
  for (u32 k = 0; k < rows.n && !rc; k++) {
    u32 i = snKernRow(rows, k);
    Buf *b = snKernScratch(c);
    snBufByte(b, '{');
    for (u32 a = 0; a < n && !rc; a += 2) {
      KernVal x;
      if (snKernIsNull(&args[a], i) || !snTypeIsString(args[a].type))
        return snKernError(c, "the names of json_object() must be texts");
      if (a) snBufByte(b, ',');
      snKernGet(&args[a], i, &x);
      kernJsonQuote(b, x.s.p, x.s.n);
      snBufByte(b, ':');
      rc = kernJsonPut(c, b, &args[a + 1], i);
    }
    snBufByte(b, '}');
    if (!rc) rc = snKernTake(c, out, i);
  }
  return rc;
}

/* ---- Changing ----------------------------------------------------------- */

typedef enum KernJsonMode { JSON_EDIT_SET, JSON_EDIT_INSERT,
    JSON_EDIT_REPLACE, JSON_EDIT_REMOVE } KernJsonMode;

typedef struct KernJsonEdit {
  Json j;
  Budget *budget;
  Buf *b;
  const KernJsonPath *path;
  KernJsonMode mode;
  const u8 *value;
  u32 n;
  bool deep;           /* the stack is too small */
} KernJsonEdit;

static void kernJsonComma(Buf *b) {
  u8 last = b->n ? b->data[b->n - 1] : 0;
  if (last != '{' && last != '[') snBufByte(b, ',');
}

/* Whether the steps from k on can be made of nothing: names and [0], but not
** [#], as in SQLite. */
static bool kernJsonCanMake(const KernJsonEdit *x, u32 k) {
  if (x->mode == JSON_EDIT_REPLACE || x->mode == JSON_EDIT_REMOVE) return false;
  for (; k < x->path->n; k++)
    if (x->path->step[k].kind == JSON_STEP_END || x->path->step[k].index)
      return false;
  return true;
}

static void kernJsonMake(KernJsonEdit *x, u32 k) {
  for (u32 i = k; i < x->path->n; i++) {
    const KernJsonStep *s = x->path->step + i;
    snBufByte(x->b, s->kind == JSON_STEP_KEY ? '{' : '[');
    if (s->kind != JSON_STEP_KEY) continue;
    kernJsonQuote(x->b, s->key.p, s->key.n);
    snBufByte(x->b, ':');
  }
  snBufAdd(x->b, x->value, x->n);
  for (u32 i = x->path->n; i > k; i--)
    snBufByte(x->b, x->path->step[i - 1].kind == JSON_STEP_KEY ? '}' : ']');
}

static bool kernJsonWalk(KernJsonEdit *x, JsonEvent e, u32 k);

/* The child that the path meets; it is left out when it is to be removed. */
static bool kernJsonChild(KernJsonEdit *x, u32 k) {
  return kernJsonWalk(x, snJsonNext(&x->j), k);
}

static bool kernJsonObjectWalk(KernJsonEdit *x, u32 k) {
  const KernJsonStep *s = x->path->step + k;
  bool found = false, last = k + 1 == x->path->n;
  JsonEvent e;
  snBufByte(x->b, '{');
  while ((e = snJsonNext(&x->j)) == JSON_KEY) {
    bool here = !found && kernJsonIs(&x->j, s->key);
    found |= here;
    if (here && last && x->mode == JSON_EDIT_REMOVE) {
      if (snJsonNext(&x->j) == JSON_ERROR || !snJsonSkip(&x->j)) return false;
      continue;
    }
    kernJsonComma(x->b);
    snBufByte(x->b, '"');
    snBufAdd(x->b, x->j.text, x->j.len);
    snBufStr(x->b, "\":");
    if (here ? !kernJsonChild(x, k + 1)
             : kernJsonCopy(&x->j, snJsonNext(&x->j), x->b) == JSON_ERROR) {
      return false;
    }
  }
  if (!found && kernJsonCanMake(x, k + 1)) {
    kernJsonComma(x->b);
    kernJsonQuote(x->b, s->key.p, s->key.n);
    snBufByte(x->b, ':');
    kernJsonMake(x, k + 1);
  }
  snBufByte(x->b, '}');
  return e == JSON_OBJECT_END;
}

static bool kernJsonArrayWalk(KernJsonEdit *x, u32 k) {
  u32 at = 0, i = 0;
  bool any = kernJsonAt(&x->j, x->path->step + k, &at);
  bool last = k + 1 == x->path->n;
  JsonEvent e;
  snBufByte(x->b, '[');
  while ((e = snJsonNext(&x->j)) != JSON_ARRAY_END) {
    bool here = any && i++ == at;
    if (e == JSON_ERROR || e == JSON_END) return false;
    if (here && last && x->mode == JSON_EDIT_REMOVE) {
      if (!snJsonSkip(&x->j)) return false;
      continue;
    }
    kernJsonComma(x->b);
    if (here ? !kernJsonWalk(x, e, k + 1)
             : kernJsonCopy(&x->j, e, x->b) == JSON_ERROR) return false;
  }
  if (any && i == at && kernJsonCanMake(x, k + 1)) {
    kernJsonComma(x->b);
    kernJsonMake(x, k + 1);
  }
  snBufByte(x->b, ']');
  return true;
}

/* Copies the value of event e with the edit at steps from k on. */
static bool kernJsonWalk(KernJsonEdit *x, JsonEvent e, u32 k) {
  bool key = k < x->path->n && x->path->step[k].kind == JSON_STEP_KEY;
  x->deep |= snStackLow();
  if (x->deep) return false;
  if (k == x->path->n && x->mode != JSON_EDIT_INSERT) {
    if (e == JSON_ERROR || !snJsonSkip(&x->j)) return false;
    snBufAdd(x->b, x->value, x->n);
    return true;
  }
  if (k < x->path->n && key && e == JSON_OBJECT)
    return kernJsonObjectWalk(x, k);
  if (k < x->path->n && !key && e == JSON_ARRAY)
    return kernJsonArrayWalk(x, k);
  return kernJsonCopy(&x->j, e, x->b) != JSON_ERROR;
}

/* from with one edit, to b. */
static bool kernJsonEditOne(KernJsonEdit *x, const Buf *from, Buf *b) {
  b->n = 0;
  x->b = b;
  snJsonInit(&x->j, (const char *)from->data, from->n, x->budget);
  x->j.check_only = true;
  return kernJsonWalk(x, snJsonNext(&x->j), 0);
}

static int kernJsonEditRow(FuncCtx *c, const Vec *args, u32 n, u32 i,
    KernJsonMode mode, Buf buf[3], bool *null) {
  Str s = snKernStr(&args[0], i);
  u32 step = mode == JSON_EDIT_REMOVE ? 1 : 2;
  *null = !s.n || !snJsonValid((const char *)s.p, s.n, c->budget);
  if (*null) return SEINE_OK;
  buf[0].n = 0;
  snKernAdd(c, buf, s);
  if (buf[0].rc) return buf[0].rc;
  for (u32 a = 1; a + step <= n; a += step) {
    KernJsonPath path;
    KernJsonEdit x = {.budget = c->budget, .path = &path, .mode = mode};
    Buf swap = buf[0];
    int rc = SEINE_OK;
    if (snKernIsNull(&args[a], i)) {
      *null = true; /* as SQLite */
      return SEINE_OK;
    }
    rc = kernJsonPath(c, snKernStr(&args[a], i), &path);
    buf[2].n = 0;
    if (!rc && step == 2) rc = kernJsonPut(c, &buf[2], &args[a + 1], i);
    if (rc) return rc;
    *null = mode == JSON_EDIT_REMOVE && !path.n;
    if (*null) return SEINE_OK;
    x.value = buf[2].data;
    x.n = (u32)buf[2].n;
    bool good = kernJsonEditOne(&x, &buf[0], &buf[1]);
    if (buf[1].rc) return buf[1].rc; /* else the next one finds no JSON */
    if (!good) {
      if (x.deep)
        return snKernError(c, "a JSON path is too deep for the stack of this "
            "thread");
      *null = true;
      return SEINE_OK;
    }
    buf[0] = buf[1];
    buf[1] = swap;
  }
  return buf[0].rc ? buf[0].rc : buf[1].rc;
}

static int kernJsonEditAll(FuncCtx *c, const Vec *args, u32 n, Rows16 rows,
    Vec *out, KernJsonMode mode) {
  Buf buf[3];
  int rc = SEINE_OK;
  u32 step = mode == JSON_EDIT_REMOVE ? 1 : 2;
  for (u32 a = 1; a < n; a += step)
    if (!snTypeIsString(args[a].type) && args[a].type != TYPE_NULL)
      return snKernError(c, "a JSON path is a text, like '$.a[0]'");
  if (step == 2 && n % 2 == 0)
    return snKernError(c, "paths and values come by turns: a value is "
        "missing");
  for (u32 k = 0; k < 3; k++) snBufInit(buf + k, c->budget);
  for (u32 k = 0; k < rows.n && !rc; k++) {
    u32 i = snKernRow(rows, k);
    bool null = snKernIsNull(&args[0], i);
    if (!null) rc = kernJsonEditRow(c, args, n, i, mode, buf, &null);
    if (null || rc) snKernNull(out, i);
    else if (n == 1) { /* nothing to do but to drop blanks */
      KernJsonPath none = {NULL, 0};
      KernJsonEdit x = {.budget = c->budget, .path = &none,
          .mode = JSON_EDIT_INSERT};
      (void)kernJsonEditOne(&x, &buf[0], &buf[1]);
      rc = buf[1].rc ? buf[1].rc : snFuncStr(c, out, i, buf[1].data, buf[1].n);
    } else rc = snFuncStr(c, out, i, buf[0].data, buf[0].n);
  }
  for (u32 k = 0; k < 3; k++) snBufClear(buf + k);
  return rc;
}

static int kernJsonSet(KERN_ARGS) {
  return kernJsonEditAll(c, args, n, rows, out, JSON_EDIT_SET);
}
static int kernJsonInsert(KERN_ARGS) {
  return kernJsonEditAll(c, args, n, rows, out, JSON_EDIT_INSERT);
}
static int kernJsonReplace(KERN_ARGS) {
  return kernJsonEditAll(c, args, n, rows, out, JSON_EDIT_REPLACE);
}
static int kernJsonRemove(KERN_ARGS) {
  return kernJsonEditAll(c, args, n, rows, out, JSON_EDIT_REMOVE);
}

/* ---- The part of the table ---------------------------------------------- */

/* clang-format off */
static const Func kernJsonFuncs[] = {
  {"json_valid",        "k",    TYPE_BOOLEAN, 0, kernJsonValid},
  {"json_extract",      "ks",   TYPE_TEXT,    0, kernJsonExtract},
  {"json_get",          "ki",   TYPE_JSON,    0, kernJsonArrow},
  {"json_get",          "ks",   TYPE_JSON,    0, kernJsonArrow},
  {"json_get_text",     "ki",   TYPE_TEXT,    0, kernJsonArrowText},
  {"json_get_text",     "ks",   TYPE_TEXT,    0, kernJsonArrowText},
  {"json",              "k",    TYPE_JSON,    0, kernJsonJson},
  {"json_type",         "k?s",  TYPE_TEXT,    0, kernJsonType},
  {"json_array_length", "k?s",  TYPE_INTEGER, 0, kernJsonLength},
  {"json_keys",         "k?s",  TYPE_ARRAY | TYPE_TEXT, 0, kernJsonKeys},
  {"json_quote",        "*",    TYPE_JSON, FUNC_NULLS, kernJsonQuoted},
  {"json_array",        "?*+",  TYPE_JSON, FUNC_NULLS, kernJsonArray},
  {"json_object",       "?*+",  TYPE_JSON, FUNC_NULLS, kernJsonObject},
  {"json_set",          "k?*+", TYPE_JSON, FUNC_NULLS, kernJsonSet},
  {"json_insert",       "k?*+", TYPE_JSON, FUNC_NULLS, kernJsonInsert},
  {"json_replace",      "k?*+", TYPE_JSON, FUNC_NULLS, kernJsonReplace},
  {"json_remove",       "k?s+", TYPE_JSON, FUNC_NULLS, kernJsonRemove},
};
/* clang-format on */

const Func *snKernJsonList(u32 *n) {
  *n = SN_COUNT(kernJsonFuncs);
  return kernJsonFuncs;
}

#undef KERN_JSON_STEPS
