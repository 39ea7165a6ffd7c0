/*
** percolate_doc: the document of percolate(), as a table that has only it.
**
** It is built as any row is, in a memtable, and read as a segment that was
** never written: so a query finds in it what it would find in the table.
**
** (1) The document is a JSON object, name of a column to value, or the rowid
**     of a row of the table.  A column that is not named is NULL; of a name
**     that comes twice the last value counts.
** (2) A value becomes what CAST makes of it.  One that is none of its
**     column's type, and a name that is no column, are errors.
** (3) Columns of queries are left out: nothing looks for words in them.
*/
#include "vm/kern.h"
#include "vm/vmInt.h"

typedef struct DocMaker {
  TableCall *call;
  Table *table;
  Arena arena;         /* values */
  Buf scratch;
  KernVal *val;        /* by column */
  bool *has;
} DocMaker;

static int docFail(const DocMaker *d, const char *what) {
  snprintf(d->call->error, 256, "percolate(): %s", what);
  return SEINE_ERROR;
}

/* ---- a JSON object ------------------------------------------------------ */

/* The value that j stands on, as the language has it. */
static int docJson(DocMaker *d, Json *j, JsonEvent e, u8 want, u8 *type,
    KernVal *v) {
  const char *p = j->text;
  size_t n = j->len;
  *type = TYPE_TEXT;
  *v = (KernVal){.i = e == JSON_TRUE ? 1 : j->i, .d = j->d};
  if (e == JSON_OBJECT || e == JSON_ARRAY) {
    size_t from = j->raw_from;
    if (!snJsonSkip(j)) return docFail(d, "the document is no JSON");
    p = j->start + from;
    n = (size_t)(j->p - p);
  } else if (want == TYPE_JSON) {
    p = j->start + j->raw_from;
    n = j->raw_to - j->raw_from;
  } else if (e == JSON_INT) {
    *type = TYPE_INTEGER;
  } else if (e == JSON_REAL) {
    *type = TYPE_REAL;
  } else if (e == JSON_TRUE || e == JSON_FALSE) {
    v->i = e == JSON_TRUE;
    *type = TYPE_BOOLEAN;
  }
  if (want == TYPE_JSON) *type = TYPE_JSON;
  v->s.p = (const u8 *)snArenaDup(&d->arena, p ? p : "", p ? n : 0);
  v->s.n = p ? (u32)n : 0;
  return v->s.p ? SEINE_OK : SN_NOMEM;
}

static int docMember(DocMaker *d, Json *j) {
  char name[64];
  int i = snTableColumn(d->table, j->text, j->len), rc;
  u8 type;
  KernVal v;
  snprintf(name, sizeof name, "%.*s", (int)SN_MIN(j->len, 60u), j->text);
  snUtf8Whole(name);
  JsonEvent e = snJsonNext(j);
  if (e == JSON_ERROR) return docFail(d, "the document is no JSON");
  if (i < 0) {
    snprintf(d->call->error, 256, "percolate(): table %.64s has no column "
        "named %s", d->table->name, name);
    return SEINE_ERROR;
  }
  const Column *col = d->table->col + i;
  d->has[i] = false;
  if (e == JSON_NULL) return SEINE_OK;
  rc = docJson(d, j, e, col->type, &type, &v);
  FuncCtx c = {.arena = &d->arena, .budget = d->call->budget,
      .scratch = &d->scratch, .error = d->call->error};
  if (!rc) d->has[i] = snCastVal(&c, type, &v, col->type, d->val + i, &rc);
  if (rc || d->has[i]) return rc;
  char is[24];
  snprintf(d->call->error, 256, "percolate(): the value of column %s is no "
      "%s", name, snTypeName(col->type, is));
  return SEINE_ERROR;
}

static int docObject(DocMaker *d, Json *j) {
  JsonEvent e;
  int rc = SEINE_OK;
  while (!rc && (e = snJsonNext(j)) == JSON_KEY) rc = docMember(d, j);
  if (rc) return rc;
  if (e == JSON_OBJECT_END) e = snJsonNext(j);
  if (j->tmp.rc) return j->tmp.rc;
  return e == JSON_END ? SEINE_OK : docFail(d, "the document is no JSON");
}

/* ---- a row -------------------------------------------------------------- */

static int docCell(DocMaker *d, Segment *g, u32 i, u32 doc) {
  const Column *col = d->table->col + i;
  KernVal *v = d->val + i;
  DictText t = {NULL, 0, 0};
  ColReader *k;
  u64 null = 0;
  int rc = snColOpen(g, col->id, col->type, &k);
  if (rc || snColKind(k) == COL_NONE) return rc;
  if (snColIsArray(k)) rc = snColArrays(k, &doc, 1, &d->arena, &t, &null);
  else if (snColKind(k) == COL_INT) rc = snColGather(k, &doc, 1, &v->i, &null);
  else if (snColKind(k) == COL_REAL)
    rc = snColGather(k, &doc, 1, &v->d, &null);
  else {
    rc = snAskTexts(g, col, &doc, 1, &d->arena, &t);
    null = t.p == NULL;
  }
  v->s = (Str){t.p, t.n, 0};
  d->has[i] = !rc && !(null & 1);
  return rc;
}

static int docRow(DocMaker *d, i64 rowid) {
  View *v;
  u32 seg = 0, doc;
  int rc = snSessionView(d->call->session, d->table->name, &v);
  if (rc) return rc;
  rc = snAskFind(v, rowid, &seg, &doc);
  if (!rc && doc == DOC_END) {
    snprintf(d->call->error, 256, "percolate(): table %.64s has no row with "
        "the rowid %lld", d->table->name, (long long)rowid);
    rc = SEINE_ERROR;
  }
  for (u32 i = 0; !rc && i < d->table->ncol; i++)
    rc = docCell(d, v->seg[seg], i, doc);
  /* Texts of a dictionary are its own. */
  for (u32 i = 0; !rc && i < d->table->ncol; i++) {
    Str *s = &d->val[i].s;
    if (!d->has[i] || !s->n) continue;
    s->p = (const u8 *)snArenaDup(&d->arena, (const char *)s->p, s->n);
    if (!s->p) rc = SN_NOMEM;
  }
  snViewDrop(v);
  return rc;
}

/* ---- the segment -------------------------------------------------------- */

static int docPut(const DocMaker *d, Memtable *m) {
  int rc = snMemtableBegin(m, 1);
  for (u32 i = 0; !rc && i < d->table->ncol; i++) {
    const Column *col = d->table->col + i;
    const KernVal *v = d->val + i;
    size_t n;
    if (!d->has[i] || snTableTarget(col, &n)) continue;
    Form form = col->type & TYPE_ARRAY ? FORM_STR : snTypeForm(col->type);
    if (form == FORM_INT) rc = snMemtableInt(m, i, v->i);
    else if (form == FORM_REAL) rc = snMemtableReal(m, i, v->d);
    else rc = snMemtableStr(m, i, v->s.p ? (const void *)v->s.p : "", v->s.n);
  }
  return rc ? rc : snMemtableEnd(m);
}

static int docView(const DocMaker *d, View **out) {
  Session *s = d->call->session;
  IndexEnv env = {snCuttingAt, snSessionCut(s)->arg, NULL};
  Memtable *m;
  SegDraft *draft;
  int rc = snMemtableNew(d->call->budget, d->table, &env, &m);
  if (rc) return rc;
  rc = docPut(d, m);
  if (!rc) rc = snMemtableDraft(m, &draft);
  if (!rc) rc = snFlushView(draft, snSessionStore(s), d->table, out);
  snMemtableFree(m);
  return rc;
}

static int docRead(DocMaker *d) {
  const Str *text = &d->call->arg[1].s;
  Json j;
  int rc;
  snJsonInit(&j, (const char *)text->p, text->n, d->call->budget);
  switch (snJsonNext(&j)) {
  case JSON_OBJECT: rc = docObject(d, &j); break;
  case JSON_INT: rc = docRow(d, j.i); break;
  default:
    rc = j.tmp.rc ? j.tmp.rc
                  : docFail(d, "the document must be a JSON object, name of "
                        "a column to value, or the rowid of a row");
  }
  snJsonClear(&j);
  return rc;
}

int snPercolateDoc(TableCall *c, const char *target, size_t n, View **out) {
  DocMaker d = {.call = c};
  TableState *t;
  *out = NULL;
  int rc = snSessionFind(c->session, target, n, &t);
  if (rc || !t) return rc ? rc : SN_CORRUPT;
  d.table = snTableKeep(t->table);
  snArenaInit(&d.arena, c->budget);
  snBufInit(&d.scratch, c->budget);
  d.val = snArenaZero(&d.arena, (d.table->ncol + 1ull) * sizeof *d.val);
  d.has = snArenaZero(&d.arena, (d.table->ncol + 1ull) * sizeof *d.has);
  rc = d.val && d.has ? docRead(&d) : SN_NOMEM;
  if (!rc) rc = docView(&d, out);
  snArenaClear(&d.arena);
  snBufClear(&d.scratch);
  snTableDrop(d.table);
  return rc;
}
