/*
** kern_merge: two JSON texts at a time: json_patch() and json_contains().
**
** (1) json_patch() is RFC 7396: an object of the patch changes the members it
**     names, null takes one away, anything else takes the place of the whole.
** (2) A text that is no JSON gives NULL, as in kern_json.c.
** (3) Members of an object are found by hash: time grows with the length of
**     the texts, but for arrays of json_contains(), whose elements are
**     compared each with each.
*/
#include "vm/kern.h"

#define KERN_MERGE_STEPS 10000000u /* comparisons of json_contains() */

/* A value: its text, checked, and what begins there. */
typedef struct KernMergeValue {
  const char *p;
  u32 n;
} KernMergeValue;

/* The members of an object: names as they read, values as they stand; of a
** name that comes twice the last one counts. */
typedef struct KernMergeObject {
  StrSet names;
  KernMergeValue *value;
  u32 cap;
} KernMergeObject;

typedef struct KernMerge {
  Budget *budget;
  Buf out;
  u32 left;          /* comparisons */
  bool deep;         /* rc: the stack is too small */
  int rc;
} KernMerge;

static JsonEvent kernMergeKind(const KernMergeValue *v) {
  switch (v->n ? v->p[0] : 0) {
  case '{': return JSON_OBJECT;
  case '[': return JSON_ARRAY;
  case '"': return JSON_STRING;
  case 'n': return JSON_NULL;
  case 't': return JSON_TRUE;
  case 'f': return JSON_FALSE;
  default: return JSON_INT;
  }
}

/* The value whose event was just read. */
static KernMergeValue kernMergeSpan(Json *j, JsonEvent e) {
  if (e == JSON_OBJECT || e == JSON_ARRAY) (void)snJsonSkip(j);
  return (KernMergeValue){j->start + j->raw_from,
      (u32)(j->raw_to - j->raw_from)};
}

static void kernMergeClose(KernMergeObject *o) {
  snStrSetClear(&o->names);
  snMemFree(o->value);
}

/* v is an object, or there are no members. */
static void kernMergeOpen(KernMerge *m, const KernMergeValue *v,
    KernMergeObject *o) {
  Json j;
  memset(o, 0, sizeof *o);
  snStrSetInit(&o->names, m->budget);
  if (kernMergeKind(v) != JSON_OBJECT) return;
  snJsonInit(&j, v->p, v->n, m->budget);
  (void)snJsonNext(&j);
  while (!m->rc && snJsonNext(&j) == JSON_KEY) {
    u32 k = snStrSetAdd(&o->names, j.text, (u32)j.len);
    if (!m->rc) m->rc = j.tmp.rc ? j.tmp.rc : o->names.rc;
    if (!m->rc)
      m->rc = snMemGrow(m->budget, &o->value, &o->cap, k + 1ull,
          sizeof *o->value);
    KernMergeValue of = kernMergeSpan(&j, snJsonNext(&j));
    if (!m->rc) o->value[k] = of;
  }
  snJsonClear(&j);
}

/* ---- json_patch --------------------------------------------------------- */

static void kernMergePatch(KernMerge *m, const KernMergeValue *to,
    const KernMergeValue *patch);

/* One member of the result; to NULL: it is new. */
static void kernMergeMember(KernMerge *m, const StrRef *name,
    const KernMergeValue *to, const KernMergeValue *patch, bool *first) {
  static const KernMergeValue none = {"null", 4};
  if (!*first) snBufByte(&m->out, ',');
  *first = false;
  snBufJson(&m->out, name->p, name->n);
  snBufByte(&m->out, ':');
  if (patch) kernMergePatch(m, to ? to : &none, patch);
  else snBufAdd(&m->out, to->p, to->n);
}

/* Is there no room to go down? */
static bool kernMergeDeep(KernMerge *m) {
  if (!m->rc && snStackLow()) m->rc = SEINE_TOOBIG, m->deep = true;
  return m->rc != SEINE_OK;
}

/* As deep as the patch, which is as deep as JSON may be. */
static void kernMergePatch(KernMerge *m, const KernMergeValue *to,
    const KernMergeValue *patch) {
  KernMergeObject a, b;
  bool first = true;
  if (kernMergeDeep(m)) return;
  if (kernMergeKind(patch) != JSON_OBJECT) {
    snBufAdd(&m->out, patch->p, patch->n);
    return;
  }
  kernMergeOpen(m, to, &a);
  kernMergeOpen(m, patch, &b);
  snBufByte(&m->out, '{');
  for (u32 k = 0; !m->rc && k < a.names.n; k++) {
    const StrRef *name = a.names.refs + k;
    u32 at = snStrSetFind(&b.names, name->p, name->n);
    const KernMergeValue *by = at != UINT32_MAX ? b.value + at : NULL;
    if (by && kernMergeKind(by) == JSON_NULL) continue;
    kernMergeMember(m, name, a.value + k, by, &first);
  }
  for (u32 k = 0; !m->rc && k < b.names.n; k++) {
    const StrRef *name = b.names.refs + k;
    if (kernMergeKind(b.value + k) == JSON_NULL ||
        snStrSetFind(&a.names, name->p, name->n) != UINT32_MAX)
      continue;
    kernMergeMember(m, name, NULL, b.value + k, &first);
  }
  snBufByte(&m->out, '}');
  if (!m->rc) m->rc = m->out.rc;
  kernMergeClose(&a);
  kernMergeClose(&b);
}

/* ---- json_contains ------------------------------------------------------ */

static bool kernMergeHas(KernMerge *m, const KernMergeValue *a,
    const KernMergeValue *b);

/* Has any element of a all of b? */
static bool kernMergeAny(KernMerge *m, const KernMergeValue *a,
    const KernMergeValue *b) {
  Json j;
  JsonEvent e;
  bool found = false;
  snJsonInit(&j, a->p, a->n, m->budget);
  j.check_only = true;
  (void)snJsonNext(&j);
  while (!found && !m->rc && (e = snJsonNext(&j)) != JSON_ARRAY_END &&
      e != JSON_ERROR) {
    KernMergeValue x = kernMergeSpan(&j, e);
    found = kernMergeHas(m, &x, b);
  }
  snJsonClear(&j);
  return found;
}

static bool kernMergeEach(KernMerge *m, const KernMergeValue *a,
    const KernMergeValue *b) {
  Json j;
  JsonEvent e;
  bool all = true;
  snJsonInit(&j, b->p, b->n, m->budget);
  j.check_only = true;
  (void)snJsonNext(&j);
  while (all && !m->rc && (e = snJsonNext(&j)) != JSON_ARRAY_END &&
      e != JSON_ERROR) {
    KernMergeValue x = kernMergeSpan(&j, e);
    all = kernMergeAny(m, a, &x);
  }
  snJsonClear(&j);
  return all;
}

static bool kernMergeMembers(KernMerge *m, const KernMergeValue *a,
    const KernMergeValue *b) {
  KernMergeObject x, y;
  bool all = true;
  kernMergeOpen(m, a, &x);
  kernMergeOpen(m, b, &y);
  for (u32 k = 0; all && !m->rc && k < y.names.n; k++) {
    const StrRef *name = y.names.refs + k;
    u32 at = snStrSetFind(&x.names, name->p, name->n);
    all = at != UINT32_MAX && kernMergeHas(m, x.value + at, y.value + k);
  }
  kernMergeClose(&x);
  kernMergeClose(&y);
  return all;
}

/* Two scalars: strings as they read, numbers by value. */
static bool kernMergeSame(KernMerge *m, const KernMergeValue *a,
    const KernMergeValue *b) {
  Json x, y;
  snJsonInit(&x, a->p, a->n, m->budget);
  snJsonInit(&y, b->p, b->n, m->budget);
  JsonEvent e = snJsonNext(&x), f = snJsonNext(&y);
  bool same = e == f;
  if ((e == JSON_INT || e == JSON_REAL) && (f == JSON_INT || f == JSON_REAL))
    same = e == JSON_INT && f == JSON_INT ? x.i == y.i : x.d == y.d;
  else if (same && e == JSON_STRING)
    same = x.len == y.len && !memcmp(x.text, y.text, x.len);
  if (!m->rc) m->rc = x.tmp.rc ? x.tmp.rc : y.tmp.rc;
  snJsonClear(&x);
  snJsonClear(&y);
  return same;
}

/* As in MySQL: an array has an array when each of its elements has a place, and
** a value when an element has it; an object has another when each of its
** members does. */
static bool kernMergeHas(KernMerge *m, const KernMergeValue *a,
    const KernMergeValue *b) {
  JsonEvent e = kernMergeKind(a), f = kernMergeKind(b);
  if (!m->left--) m->rc = SEINE_TOOBIG;
  if (kernMergeDeep(m)) return false;
  if (e == JSON_ARRAY)
    return f == JSON_ARRAY ? kernMergeEach(m, a, b) : kernMergeAny(m, a, b);
  if (e == JSON_OBJECT) return f == JSON_OBJECT && kernMergeMembers(m, a, b);
  return f != JSON_ARRAY && f != JSON_OBJECT && kernMergeSame(m, a, b);
}

/* ---- Both --------------------------------------------------------------- */

/* The value without blanks around it and within; false: no JSON. */
static bool kernMergeTake(Str s, KernMergeValue *v, Budget *b) {
  if (!s.n || !snJsonValid((const char *)s.p, s.n, b)) return false;
  v->p = (const char *)s.p;
  v->n = s.n;
  while (v->n && strchr(" \t\r\n", v->p[0])) v->p++, v->n--;
  while (v->n && strchr(" \t\r\n", v->p[v->n - 1])) v->n--;
  return true;
}

/* Takes blanks out, but those of strings, in place. */
static void kernMergePack(Buf *b) {
  size_t to = 0;
  bool quoted = false;
  for (size_t i = 0; i < b->n; i++) {
    u8 ch = b->data[i];
    if (!quoted && (ch == ' ' || ch == '\t' || ch == '\r' || ch == '\n'))
      continue;
    if (ch == '"') quoted = !quoted;
    b->data[to++] = ch;
    if (ch == '\\' && i + 1 < b->n) b->data[to++] = b->data[++i];
  }
  b->n = to;
}

static int kernMergeRun(FuncCtx *c, const Vec *args, Rows16 rows, Vec *out,
    bool patch) {
  KernMerge m = {.budget = c->budget};
  snBufInit(&m.out, c->budget);
  for (u32 k = 0; k < rows.n && !m.rc; k++) {
    u32 i = snKernRow(rows, k);
    KernMergeValue a, b;
    m.left = KERN_MERGE_STEPS;
    m.out.n = 0;
    if (!kernMergeTake(snKernStr(&args[0], i), &a, c->budget) ||
        !kernMergeTake(snKernStr(&args[1], i), &b, c->budget)) {
      snKernNull(out, i);
    } else if (patch) {
      kernMergePatch(&m, &a, &b);
      if (!m.rc) m.rc = m.out.rc;
      if (m.rc) break;
      kernMergePack(&m.out);
      m.rc = snFuncStr(c, out, i, m.out.data, m.out.n);
    } else if (kernMergeHas(&m, &a, &b)) {
      snBitSet(out->data, i);
    }
  }
  if (m.deep)
    (void)snKernError(c, "%s: nested too deeply for the stack of this thread",
        patch ? "json_patch" : "json_contains");
  else if (m.rc == SEINE_TOOBIG && !patch)
    (void)snKernError(c, "json_contains: more than %u comparisons",
        KERN_MERGE_STEPS);
  snBufClear(&m.out);
  return m.rc;
}

static int kernMergePatched(KERN_ARGS) {
  return kernMergeRun(c, args, rows, out, true);
}

static int kernMergeContains(KERN_ARGS) {
  return kernMergeRun(c, args, rows, out, false);
}

/* clang-format off */
static const Func kern_merge_funcs[] = {
  {"json_patch",    "kk", TYPE_JSON,    0, kernMergePatched},
  {"json_contains", "kk", TYPE_BOOLEAN, 0, kernMergeContains},
};
/* clang-format on */

const Func *snKernMergeList(u32 *n) {
  *n = SN_COUNT(kern_merge_funcs);
  return kern_merge_funcs;
}

#undef KERN_MERGE_STEPS
