/*
** memtable: rows that are not in a segment yet.
**
** Nothing is sorted while rows arrive: numbers go to arrays, strings of a
** dictionary column to a set that numbers them by first sight, texts to an
** arena, and the words of a text to a log of word numbers.  flush.c turns
** all of it into sorted parts by counting.
**
** Log of a text column: a word is its number in the column's set; a jump of
** the position (stop words, gaps between array elements) is MEM_JUMP | n
** before the word.  The position of a document's first word is 0 unless a
** jump says otherwise; each word then moves it by one.  MEM_BACK as n goes
** back by one: a second word at the same place.
** Invariant: per column, `docs` and `counts` (`log_end` for the words) say
** how many values each document added, so that rows can be cut off again;
** `kept` is the sum of all counts.
*/
#include "index/memtable.h"

#define MEM_ARRAY_GAP 100u /* positions between elements of an array */

int snMemtableNew(Budget *b, Table *t, const IndexEnv *env,
    Memtable **out) {
  *out = NULL;
  Memtable *m = snMemZero(b, sizeof *m);
  if (!m) return SN_NOMEM;
  m->budget = b;
  m->env = *env;
  m->table = snTableKeep(t);
  m->used.parent = b;
  m->col = snMemZero(b, (t->ncol + 1) * sizeof *m->col);
  if (!m->col) {
    snMemtableFree(m);
    return SN_NOMEM;
  }
  for (u32 i = 0; i < t->ncol; i++) {
    MemColumn *c = m->col + i;
    c->column = t->col + i;
    u8 type = c->column->type;
    c->is_array = (type & TYPE_ARRAY) != 0;
    c->elem = type & 0x3f;
    c->form = (u8)snTypeForm(c->elem);
    c->is_text = c->elem == TYPE_TEXT;
    c->is_key = c->elem == TYPE_KEYWORD || c->elem == TYPE_IP;
    c->interned = c->form == FORM_STR;
    snStrSetInit(&c->words, &m->used);
    snStrSetInit(&c->values, &m->used);
    snArenaInit(&c->bytes, &m->used);
  }
  *out = m;
  return SEINE_OK;
}

static void memtableReset(Memtable *m) {
  for (u32 i = 0; m->col && i < m->table->ncol; i++) {
    MemColumn *c = m->col + i;
    snStrSetClear(&c->words);
    snStrSetClear(&c->values);
    snArenaClear(&c->bytes);
    void *all[] = {c->ints, c->refs, c->docs, c->counts, c->holes, c->log,
        c->log_end};
    for (u32 k = 0; k < SN_COUNT(all); k++) snMemFree(all[k]);
    c->ints = NULL;
    c->refs = NULL;
    c->docs = c->counts = c->holes = c->log = c->log_end = NULL;
    c->nholes = c->holes_cap = 0;
    c->n = c->kept = c->cap = c->ndocs = c->docs_cap = c->counts_cap = 0;
    c->refs_cap = c->nlog = c->log_cap = c->log_end_cap = 0;
    c->bytes_total = 0;
    c->interned = c->form == FORM_STR;
  }
  snMemFree(m->rowids);
  snMemFree(m->dead);
  snMemFree(m->gone);
  m->rowids = NULL;
  m->dead = NULL;
  m->gone = NULL;
  m->ndocs = m->rowid_cap = m->ndead = m->dead_cap = m->gone_cap = 0;
}

void snMemtableFree(Memtable *m) {
  if (!m) return;
  memtableReset(m);
  snMemFree(m->col);
  snTableDrop(m->table);
  snMemFree(m);
}

void snMemtableEmpty(Memtable *m) { memtableReset(m); }
Table *snMemtableTable(const Memtable *m) { return m->table; }
u32 snMemtableDocs(const Memtable *m) { return m->ndocs; }
void snMemtablePairs(Memtable *m, u32 words) { m->pairs = words; }
void snMemtableWordless(Memtable *m) {
  for (u32 i = 0; i < m->table->ncol; i++) m->col[i].is_text = false;
}
u64 snMemtableBytes(const Memtable *m) { return (u64)m->used.used; }

int snMemtableBegin(Memtable *m, i64 rowid) {
  if (m->ndocs >= DOC_MAX) return SEINE_TOOBIG;
  int rc = snMemGrow(&m->used, &m->rowids, &m->rowid_cap,
      (u64)m->ndocs + 1, sizeof(i64));
  if (!rc) m->rowids[m->ndocs] = rowid;
  return rc;
}

/* The list of documents begins when one is left out: most columns need none. */
static int memtableList(Memtable *m, MemColumn *c) {
  bool begins = !c->docs;
  int rc = snMemGrow(&m->used, &c->docs, &c->docs_cap, (u64)c->ndocs + 1,
      sizeof(u32));
  for (u32 k = 0; !rc && begins && k < c->ndocs; k++) c->docs[k] = k;
  return rc;
}

/* Notes that this document has a value (with count elements). */
static int memtableDoc(Memtable *m, MemColumn *c, u32 count) {
  int rc = SEINE_OK;
  if (c->docs || c->ndocs < m->ndocs) rc = memtableList(m, c);
  if (!rc && c->is_array)
    rc = snMemGrow(&m->used, &c->counts, &c->counts_cap,
        (u64)c->ndocs + 1, sizeof(u32));
  if (rc) return rc;
  if (c->is_array) c->counts[c->ndocs] = count;
  c->kept += count;
  if (c->docs) c->docs[c->ndocs] = m->ndocs;
  c->ndocs++;
  return SEINE_OK;
}

static int memtableWord(Memtable *m, MemColumn *c, u32 v) {
  if (c->nlog == c->log_cap) {
    int rc = snMemGrow(&m->used, &c->log, &c->log_cap, (u64)c->nlog + 1,
        sizeof(u32));
    if (rc) return rc;
  }
  c->log[c->nlog++] = v;
  return SEINE_OK;
}

static int memtableText(Memtable *m, MemColumn *c, const u8 *p, u32 n,
    u32 *pos) {
  CutTokens t;
  int rc = m->env.cut(m->env.arg, c->column, p, n, *pos, &t);
  if (rc) return rc;
  const volatile int *stop = snMemStop(&m->used);
  rc = snMemGrow(&m->used, &c->log, &c->log_cap,
      (u64)c->nlog + 2 * (u64)t.n, sizeof(u32));
  for (u32 i = 0; !rc && i < t.n; i++) {
    if (i % SN_WINDOW == SN_WINDOW - 1 && snStops(stop))
      return SEINE_INTERRUPT;
    u32 w = snStrSetAdd(&c->words, t.bytes + t.at[i], t.len[i]);
    if (c->words.rc) return c->words.rc;
    if (w >= MEM_JUMP) return SEINE_TOOBIG;
    if (t.pos[i] != c->expect) {
      i64 jump = (i64)t.pos[i] - (i64)c->expect;
      if (jump < -1 || jump >= MEM_BACK) return SEINE_TOOBIG;
      rc = memtableWord(m, c, MEM_JUMP | (jump < 0 ? MEM_BACK : (u32)jump));
      if (rc) return rc;
    }
    c->log[c->nlog++] = w;
    c->expect = t.pos[i] + 1;
  }
  *pos = t.next_pos;
  return rc;
}

/* Where the words of the current document end. */
static int memtableTextEnd(Memtable *m, MemColumn *c) {
  int rc = snMemGrow(&m->used, &c->log_end, &c->log_end_cap,
      (u64)c->ndocs + 1, sizeof(u32));
  if (!rc) c->log_end[c->ndocs - 1] = c->nlog;
  return rc;
}

static int memtableNumber(Memtable *m, MemColumn *c, i64 v) {
  int rc = snMemGrow(&m->used, &c->ints, &c->cap, (u64)c->n + 1,
      sizeof(i64));
  if (!rc) c->ints[c->n++] = v;
  return rc;
}

/* Stops looking for repeats when nearly every value is new and long. */
static void memtableDecide(MemColumn *c) {
  if (c->is_key || c->is_array || c->n < 1024 || c->n % 1024) return;
  if (!snIndexUseDict(c->n, c->values.n, c->bytes_total)) c->interned = false;
}

static int memtableBytes(Memtable *m, MemColumn *c, const void *p, u32 n) {
  int rc = snMemGrow(&m->used, &c->refs, &c->refs_cap, (u64)c->n + 1,
      sizeof *c->refs);
  if (rc) return rc;
  MemRef *r = c->refs + c->n;
  c->bytes_total += n;
  if (c->interned) {
    r->id = snStrSetAdd(&c->values, p, n);
    if (c->values.rc) return c->values.rc;
    r->p = c->values.refs[r->id].p;
  } else {
    u8 *q = snArenaBytes(&c->bytes, (size_t)n + 1);
    if (!q) return SN_NOMEM;
    if (n) memcpy(q, p, n);
    r->p = (const char *)q;
    r->id = UINT32_MAX;
  }
  r->n = n;
  c->n++;
  memtableDecide(c);
  return SEINE_OK;
}

/* A NULL element takes a place among the values; holes says which. */
static int memtableHole(Memtable *m, MemColumn *c) {
  int rc = snMemGrow(&m->used, &c->holes, &c->holes_cap, c->nholes + 1ull,
      sizeof(u32));
  if (rc) return rc;
  c->holes[c->nholes++] = c->n;
  if (c->form != FORM_STR) return memtableNumber(m, c, 0);
  rc = snMemGrow(&m->used, &c->refs, &c->refs_cap, (u64)c->n + 1,
      sizeof *c->refs);
  if (!rc) c->refs[c->n++] = (MemRef){"", 0, 0};
  return rc;
}

static int memtableElements(Memtable *m, MemColumn *c, const u8 *p, u32 n) {
  ArrayIter it;
  ArrayItem v;
  u32 count = 0, pos = 0;
  int rc = SEINE_OK;
  snArrayOpen(&it, p, n);
  c->expect = 0;
  while (!rc && snArrayNext(&it, &v)) {
    count++;
    if (v.null) rc = memtableHole(m, c);
    else if (c->form == FORM_INT) rc = memtableNumber(m, c, v.i);
    else if (c->form == FORM_REAL) {
      i64 bits;
      memcpy(&bits, &v.d, 8);
      rc = memtableNumber(m, c, bits);
    } else {
      rc = memtableBytes(m, c, v.p, v.n);
      if (!rc && c->is_text) {
        rc = memtableText(m, c, v.p, v.n, &pos);
        pos += MEM_ARRAY_GAP;
      }
    }
  }
  if (!rc && it.bad) rc = SN_CORRUPT;
  if (!rc) rc = memtableDoc(m, c, count);
  if (!rc && c->is_text) rc = memtableTextEnd(m, c);
  return rc;
}

int snMemtableTry(Memtable *m, u32 col, const void *p, u32 n) {
  const MemColumn *c = m->col + col;
  ArrayIter it;
  ArrayItem v;
  CutTokens t;
  u32 pos = 0;
  int rc = SEINE_OK;
  /* The standard analyzer makes no more words than there are bytes. */
  if (!c->is_text || !strcmp(c->column->analyzer, "standard")) return SEINE_OK;
  if (!c->is_array) return m->env.cut(m->env.arg, c->column, p, n, 0, &t);
  snArrayOpen(&it, p, n);
  while (!rc && snArrayNext(&it, &v)) {
    if (v.null) continue;
    rc = m->env.cut(m->env.arg, c->column, v.p, v.n, pos, &t);
    if (!rc) pos = t.next_pos + MEM_ARRAY_GAP;
  }
  return rc;
}

int snMemtableInt(Memtable *m, u32 col, i64 v) {
  MemColumn *c = m->col + col;
  if (!c->column->id) return SEINE_OK; /* it is the rowid */
  int rc = memtableNumber(m, c, v);
  return rc ? rc : memtableDoc(m, c, 1);
}

int snMemtableReal(Memtable *m, u32 col, double v) {
  i64 bits;
  memcpy(&bits, &v, 8);
  return snMemtableInt(m, col, bits);
}

int snMemtableStr(Memtable *m, u32 col, const void *p, u32 n) {
  MemColumn *c = m->col + col;
  if (n > INT32_MAX / 4) return SEINE_TOOBIG;
  if (c->is_array) return memtableElements(m, c, p, n);
  u32 pos = 0;
  c->expect = 0;
  int rc = memtableBytes(m, c, p, n);
  if (!rc) rc = memtableDoc(m, c, 1);
  if (!rc && c->is_text) {
    rc = memtableText(m, c, p, n, &pos);
    if (!rc) rc = memtableTextEnd(m, c);
  }
  return rc;
}

int snMemtableEnd(Memtable *m) {
  m->ndocs++;
  return SEINE_OK;
}

/* Values are cut per column back to the documents below `docs`. */
static void memtableCutColumn(MemColumn *c, u32 docs) {
  while (c->ndocs && snMemDoc(c, c->ndocs - 1) >= docs) {
    c->ndocs--;
    c->kept -= c->is_array ? c->counts[c->ndocs] : 1;
  }
  c->n = c->kept;
  while (c->nholes && c->holes[c->nholes - 1] >= c->n) c->nholes--;
  if (c->is_text) c->nlog = c->ndocs ? c->log_end[c->ndocs - 1] : 0;
  c->words.rc = c->values.rc = SEINE_OK; /* a set that failed is whole */
}

void snMemtableCut(Memtable *m, u32 docs) {
  for (u32 i = 0; i < m->table->ncol; i++)
    memtableCutColumn(m->col + i, docs);
  m->ndocs = SN_MIN(m->ndocs, docs);
}

/* ---- rows that are deleted before they are in a segment ------------------ */

int snMemtableDelete(Memtable *m, u32 doc) {
  u32 words = m->gone_cap;
  int rc = snMemGrow(&m->used, &m->gone, &m->gone_cap, doc / 64 + 1ull,
      sizeof *m->gone);
  if (rc) return rc;
  if (m->gone_cap > words)
    memset(m->gone + words, 0, (m->gone_cap - words) * sizeof *m->gone);
  rc = snMemGrow(&m->used, &m->dead, &m->dead_cap, m->ndead + 1ull,
      sizeof *m->dead);
  if (rc || snBit(m->gone, doc)) return rc;
  snBitSet(m->gone, doc);
  m->dead[m->ndead++] = doc;
  return SEINE_OK;
}

bool snMemtableHas(const Memtable *m, u32 doc) {
  return doc / 64 >= m->gone_cap || !snBit(m->gone, doc);
}

const u32 *snMemtableDeleted(const Memtable *m, u32 *n) {
  *n = m->ndead;
  return m->dead;
}

void snMemtableRestore(Memtable *m, u32 n) {
  while (m->ndead > n) snBitClear(m->gone, m->dead[--m->ndead]);
}

void snMemtableUndo(Memtable *m) { snMemtableCut(m, m->ndocs); }
#undef MEM_ARRAY_GAP
