/*
** unique: does a row that comes share a key with one that is there?
**
** Rows in segments are found by the hashes that segments hold (index/
** key_read.c).  Rows that came since are noted here, a hash for each key; those
** that a memtable still holds are compared there.  Rows that threads have
** cannot be looked at: when a hash meets one of them, or when they have become
** many, the threads are waited for.  Rows that ride in the claim have their
** hashes in delta_keys.c: when one is met, they become the first rows of the
** memtable.
**
** UPDATE lets rows pass that collide only until the statement ends: those are
** noted and looked at once more then.
**
** Invariants:
** (1) n rows are noted, in order; the last ones are the rows of the memtable,
**     all of them, and of batches.  Once no batch is under way, those before
**     them are in segments and are forgotten.
** (2) Between statements nothing is in `deleted` and in `later`.
** (3) Within a statement segments only come to the end of a table, so that
**     places in a view of before stay good.
** (4) A slot may name a row that was cut off, or deleted, whose hash is 0: the
**     next row of its chain takes its place.
*/
#include "vm/vmInt.h"

#define UNIQUE_SHOWN 40u /* bytes of a text in a message */

typedef struct UniqueKey {
  const TableKey *key;
  KeyReader *reader; /* by segment of the view */
  u64 *hash;         /* by row noted; 0: it has no key, or was deleted */
  u32 cap;
  u32 *slot, mask, used; /* number of a row + 1, or 0 */
  u64 now;           /* hash of the row that comes, or 0 */
} UniqueKey;

typedef struct UniqueLater { u32 key; u64 hash; i64 rowid; } UniqueLater;

struct Unique {
  Session *s;
  Budget *budget;
  Table *table;
  Memtable *mem;
  Ingest *in;
  u32 nkey;
  UniqueKey *key;
  ArrayItem *row, *other; /* by column of the table */
  DeltaKeys *ride;   /* of rows that rode when it was made, or NULL */
  u32 n;
  u64 total, mark;   /* rows noted ever; when the statement began */
  bool forgot;       /* the statement deleted rows of the memtable */
  TableState *seen;  /* kept; of it is */
  View *view;
  u32 nview;         /* segments that the arrays below have room for */
  u64 ***deleted;    /* by segment, by window: bitmaps or NULL */
  UniqueLater *later;
  u32 nlater, later_cap;
  Arena arena;
};

/* ---- rows that came since ----------------------------------------------- */

/* row: no less than all that are noted. */
static void uniqueSlotPut(UniqueKey *k, u32 row) {
  u32 at = (u32)k->hash[row] & k->mask, other;
  while ((other = k->slot[at]) && other - 1 < row && k->hash[other - 1])
    at = (at + 1) & k->mask;
  k->used += !other;
  k->slot[at] = row + 1;
}

/* A table of slots for twice n rows, with the first n in it. */
static int uniqueSlots(Unique *u, UniqueKey *k, u32 n) {
  u64 size = 64;
  while (size < 4ull * n) size *= 2;
  u32 *slot = snMemZero(u->budget, size * sizeof *slot);
  if (!slot) return SN_NOMEM;
  snMemFree(k->slot);
  k->slot = slot;
  k->mask = (u32)size - 1;
  k->used = 0;
  for (u32 i = 0; i < n; i++)
    if (k->hash[i]) uniqueSlotPut(k, i);
  return SEINE_OK;
}

/* Forgets rows that are in segments by now: all before the last `keep`. */
static int uniqueForget(Unique *u, u32 keep) {
  u32 drop = u->n > keep ? u->n - keep : 0;
  int rc = SEINE_OK;
  if (!drop) return SEINE_OK;
  u->n = keep;
  for (u32 i = 0; i < u->nkey; i++) {
    UniqueKey *k = u->key + i;
    memmove(k->hash, k->hash + drop, keep * sizeof *k->hash);
    if (!rc) rc = uniqueSlots(u, k, keep);
  }
  return rc;
}

static int uniqueNote(Unique *u, UniqueKey *k) {
  int rc = snMemGrow(u->budget, &k->hash, &k->cap, u->n + 1ull,
      sizeof *k->hash);
  if (rc) return rc;
  if (!k->slot || 2ull * (k->used + 1) > k->mask) rc = uniqueSlots(u, k, u->n);
  if (rc) return rc;
  k->hash[u->n] = k->now;
  if (k->now) uniqueSlotPut(k, u->n);
  return SEINE_OK;
}

static int uniqueLate(Unique *u, i64 rowid) {
  for (u32 i = 0; i < u->nkey; i++) {
    if (!u->key[i].now) continue;
    int rc = snMemGrow(u->budget, &u->later, &u->later_cap, u->nlater + 1ull,
        sizeof *u->later);
    if (rc) return rc;
    u->later[u->nlater++] = (UniqueLater){i, u->key[i].now, rowid};
  }
  return SEINE_OK;
}

static u64 uniqueHash(const Unique *u, const TableKey *k, i64 rowid) {
  u64 h = KEY_SEED;
  for (u32 i = 0; i < k->n; i++) {
    int at = k->col[i] ? snConstraintColumn(u->table, k->col[i]) : -1;
    if (at < 0) h = snKeyHashInt(h, rowid);
    else if (u->row[at].null) return 0;
    else h = snKeyHashItem(h, u->table->col[at].type, u->row + at);
  }
  return h ? h : 1;
}

/* The row in `row`, for each key. */
static int uniqueNoteAll(Unique *u, i64 rowid) {
  int rc = SEINE_OK;
  for (u32 i = 0; !rc && i < u->nkey; i++) {
    u->key[i].now = uniqueHash(u, u->key[i].key, rowid);
    rc = uniqueNote(u, u->key + i);
  }
  if (rc) return rc;
  u->n++;
  u->total++;
  return SEINE_OK;
}

/* ---- life --------------------------------------------------------------- */

/* The hash of a key among those of all keys of the table; never 0. */
static u64 uniqueRideHash(u32 key, u64 hash) {
  u64 h = snHashInt(hash + key);
  return h ? h : 1;
}

static int uniqueRideRow(void *arg, i64 rowid, DeltaSet *to) {
  Unique *u = arg;
  int rc = SEINE_OK;
  for (u32 i = 0; !rc && i < u->nkey; i++) {
    u64 hash = uniqueHash(u, u->key[i].key, rowid);
    if (hash) rc = snDeltaSetAdd(u->budget, to, uniqueRideHash(i, hash));
  }
  return rc;
}

/* The keys of rows of a state that ride in the claim. */
static int uniqueRiders(Unique *u, const TableState *t) {
  DeltaReader r = {u->row, uniqueRideRow, u};
  int rc = snDeltaKeysTake(u->s, u->table, &u->ride);
  return rc ? rc : snDeltaKeysFollow(u->ride, u->s, t, &r);
}

int snUniqueNew(Session *s, const TableState *state, Memtable *mem,
    Ingest *in, Unique **out) {
  Budget *b = snSessionBudget(s);
  Table *t = snMemtableTable(mem);
  u32 n = 0;
  *out = NULL;
  for (u32 i = 0; i < t->nkey; i++) n += snConstraintIsChecked(t->key + i);
  if (!n) return SEINE_OK;
  Unique *u = *out = snMemZero(b, sizeof *u);
  if (!u) return SN_NOMEM;
  u->s = s;
  u->budget = b;
  u->mem = mem;
  u->in = in;
  u->table = snTableKeep(t);
  snArenaInit(&u->arena, b);
  u->key = snMemZero(b, n * sizeof *u->key);
  u->row = snMemZero(b, (t->ncol + 1) * sizeof *u->row);
  u->other = snMemZero(b, (t->ncol + 1) * sizeof *u->other);
  if (!u->key || !u->row || !u->other) return SN_NOMEM; /* Free takes it */
  for (u32 i = 0; i < t->nkey; i++)
    if (snConstraintIsChecked(t->key + i)) u->key[u->nkey++].key = t->key + i;
  return state->rows.docs ? uniqueRiders(u, state) : SEINE_OK;
}

static void uniqueDropDeleted(Unique *u) {
  for (u32 i = 0; u->deleted && i < u->nview; i++) {
    u32 n = snSegmentDocs(u->view->seg[i]) / SN_WINDOW + 1;
    for (u32 w = 0; u->deleted[i] && w < n; w++) snMemFree(u->deleted[i][w]);
    snMemFree(u->deleted[i]);
  }
  snMemFree(u->deleted);
  u->deleted = NULL;
}

static void uniqueDropView(Unique *u) {
  uniqueDropDeleted(u);
  snViewDrop(u->view);
  snTableStateDrop(u->seen);
  u->view = NULL;
  u->seen = NULL;
  u->nview = 0;
}

void snUniqueFree(Unique *u) {
  if (!u) return;
  uniqueDropView(u);
  snDeltaKeysGive(u->s, u->ride);
  for (u32 i = 0; i < u->nkey; i++) {
    snMemFree(u->key[i].reader);
    snMemFree(u->key[i].hash);
    snMemFree(u->key[i].slot);
  }
  snMemFree(u->key);
  snMemFree(u->row);
  snMemFree(u->other);
  snMemFree(u->later);
  snArenaClear(&u->arena);
  snTableDrop(u->table);
  snMemFree(u);
}

const Memtable *snUniqueMem(const Unique *u) { return u->mem; }
ArrayItem *snUniqueRow(Unique *u) { return u->row; }

/* Notes the rows of the memtable anew. */
static int uniqueAgain(Unique *u) {
  u32 n = snMemtableDocs(u->mem);
  u64 *has = snMemZero(u->budget, (n / 64 + 1) * sizeof *has);
  int rc = has ? SEINE_OK : SN_NOMEM;
  for (u32 i = 0; !rc && i < u->nkey; i++) {
    UniqueKey *k = u->key + i;
    rc = snMemGrow(u->budget, &k->hash, &k->cap, n + 1ull, sizeof *k->hash);
    if (!rc) rc = snMemtableHashes(u->mem, k->key, k->hash, has);
    for (u32 d = 0; !rc && d < n; d++) {
      if (!k->hash[d]) k->hash[d] = 1; /* as uniqueHash() gives it */
      if (!snBit(has, d) || !snMemtableHas(u->mem, d)) k->hash[d] = 0;
    }
    if (!rc) rc = uniqueSlots(u, k, n);
  }
  snMemFree(has);
  u->n = rc ? 0 : n;
  return rc;
}

/* Of the memtable the first n rows are noted, and no others. */
static int uniqueNoted(Unique *u, u32 n) {
  u32 more = n > u->n ? n - u->n : 0;
  if (!more) return uniqueForget(u, n);
  int rc = uniqueAgain(u); /* the first ones rode in the claim before */
  if (rc) return rc;
  u->n = n;
  u->total += more;
  u->mark += more;
  return SEINE_OK;
}

static int uniqueSettleRows(Unique *u) {
  if (snIngestBatched(u->in)) return SEINE_OK;
  return uniqueNoted(u, snMemtableDocs(u->mem));
}

int snUniqueAdd(Unique *u, i64 rowid, bool later) {
  int rc = snIngestBatched(u->in)
      ? SEINE_OK : uniqueNoted(u, snMemtableDocs(u->mem) - 1);
  if (!rc) rc = uniqueNoteAll(u, rowid);
  if (!rc && later) rc = uniqueLate(u, rowid);
  if (rc || !snIngestBatched(u->in)) return rc;
  u64 bytes = u->n * (u64)u->nkey * 20;
  if (bytes < (u64)snSessionSettings(u->s)->memtable_bytes) return SEINE_OK;
  rc = snIngestFinish(u->in);
  return rc ? rc : uniqueSettleRows(u);
}

/* ---- rows in segments --------------------------------------------------- */

/* Makes room for the segments of the view. */
static int uniqueReaders(Unique *u) {
  u32 n = u->view->n;
  if (u->deleted && n > u->nview) {
    u64 ***d = snMemRealloc(u->budget, u->deleted, (n + 1) * sizeof *d);
    if (!d) return SN_NOMEM;
    memset(d + u->nview, 0, (n + 1 - u->nview) * sizeof *d);
    u->deleted = d;
  }
  u->nview = n;
  for (u32 i = 0; i < u->nkey; i++) {
    KeyReader *r = snMemRealloc(u->budget, u->key[i].reader,
        (n + 1) * sizeof *r);
    if (!r) return SN_NOMEM;
    u->key[i].reader = r;
    for (u32 g = 0; g < n; g++) {
      int rc = snKeyOpen(u->view->seg[g], u->key[i].key, r + g);
      if (rc) return rc;
    }
  }
  return SEINE_OK;
}

/* The view of the table as it is now. */
static int uniqueView(Unique *u) {
  TableState *t;
  View *v;
  int rc = snSessionById(u->s, u->table->id, &t);
  if (!rc && !t) rc = SEINE_SCHEMA;
  if (rc || t == u->seen) return rc;
  rc = snSessionViewOf(u->s, t, &v);
  if (rc) return rc;
  assert(!u->deleted || v->n >= u->nview);
  snViewDrop(u->view);
  snTableStateDrop(u->seen);
  u->view = v;
  u->seen = NULL;
  rc = uniqueReaders(u);
  if (!rc) u->seen = snTableStateKeep(t);
  return rc;
}

bool snUniqueHas(const Unique *u, i64 ref) {
  u32 seg = (u32)((u64)ref >> 32), doc = (u32)ref;
  if (seg == UNIQUE_MEM) return snMemtableHas(u->mem, doc);
  if (!u->deleted || seg >= u->nview || !u->deleted[seg]) return true;
  const u64 *w = u->deleted[seg][doc / SN_WINDOW];
  return !w || !snBit(w, doc % SN_WINDOW);
}

int snUniqueDelete(Unique *u, i64 ref) {
  u32 seg = (u32)((u64)ref >> 32), doc = (u32)ref;
  if (seg == UNIQUE_MEM) {
    for (u32 i = 0; i < u->nkey; i++) u->key[i].hash[doc] = 0;
    u->forgot = true;
    return snMemtableDelete(u->mem, doc);
  }
  int rc = uniqueView(u);
  if (rc) return rc;
  if (!u->deleted)
    u->deleted = snMemZero(u->budget, (u->nview + 1) * sizeof *u->deleted);
  if (!u->deleted) return SN_NOMEM;
  if (!u->deleted[seg]) {
    u32 n = snSegmentDocs(u->view->seg[seg]) / SN_WINDOW + 1;
    u->deleted[seg] = snMemZero(u->budget, n * sizeof(u64 *));
    if (!u->deleted[seg]) return SN_NOMEM;
  }
  u64 **w = u->deleted[seg] + doc / SN_WINDOW;
  if (!*w) *w = snMemZero(u->budget, SN_WORDS * 8);
  if (!*w) return SN_NOMEM;
  snBitSet(*w, doc % SN_WINDOW);
  return SEINE_OK;
}

int snUniqueValue(Unique *u, i64 ref, u32 col, Arena *a, ArrayItem *out) {
  u32 seg = (u32)((u64)ref >> 32), doc = (u32)ref;
  const Column *c = col == UINT32_MAX ? NULL : u->table->col + col;
  if (seg != UNIQUE_MEM)
    return snKeyValue(u->view->seg[seg], c ? c->id : 0,
        c ? c->type : TYPE_INTEGER, doc, a, out);
  *out = (ArrayItem){.i = snMemtableRowid(u->mem, doc)};
  return c ? snMemtableGet(u->mem, col, doc, a, out) : SEINE_OK;
}

/* Has the row at ref the key that stands in `row`? */
static int uniqueSame(Unique *u, const TableKey *k, i64 ref, i64 rowid,
    const ArrayItem *row, bool *out) {
  *out = true;
  for (u32 i = 0; *out && i < k->n; i++) {
    int at = k->col[i] ? snConstraintColumn(u->table, k->col[i]) : -1;
    ArrayItem mine = {.i = rowid}, v;
    u8 type = at < 0 ? TYPE_INTEGER : u->table->col[at].type;
    int rc = snUniqueValue(u, ref, at < 0 ? UINT32_MAX : (u32)at, &u->arena,
        &v);
    if (rc) return rc;
    *out = snKeySame(type, at < 0 ? &mine : row + at, &v);
  }
  return SEINE_OK;
}

/* Reads the key of a row into `other`; *rowid when that is part of it. */
static int uniqueRead(Unique *u, const TableKey *k, i64 ref, i64 *rowid) {
  int rc = SEINE_OK;
  ArrayItem id;
  for (u32 i = 0; !rc && i < k->n; i++) {
    int at = k->col[i] ? snConstraintColumn(u->table, k->col[i]) : -1;
    if (at >= 0)
      rc = snUniqueValue(u, ref, (u32)at, &u->arena, u->other + at);
  }
  if (!rc) rc = snUniqueValue(u, ref, UINT32_MAX, &u->arena, &id);
  if (!rc) *rowid = id.i;
  return rc;
}

/* ---- candidates --------------------------------------------------------- */

/* The live rows that may have a hash: of the memtable, then of segments. */
typedef struct UniqueWalk {
  Unique *u;
  UniqueKey *k;
  u64 hash;
  i64 rowid, except;
  u32 at, seg;       /* slot; segment, or ~0 before the first */
  bool open;
  KeyFind find;
} UniqueWalk;

static void uniqueWalkOpen(UniqueWalk *w, Unique *u, u32 key, u64 hash,
    i64 rowid, i64 except) {
  *w = (UniqueWalk){.u = u, .k = u->key + key, .hash = hash, .rowid = rowid,
      .except = except, .seg = UINT32_MAX};
  w->at = w->k->slot ? (u32)hash & w->k->mask : 0;
}

/* A row that is noted; *away: it is in a batch. */
static bool uniqueWalkMem(UniqueWalk *w, i64 *ref, bool *away) {
  const UniqueKey *k = w->k;
  while (k->slot && k->slot[w->at]) {
    u32 row = k->slot[w->at] - 1;
    w->at = (w->at + 1) & k->mask;
    if (row >= w->u->n || k->hash[row] != w->hash) continue;
    *away = snIngestBatched(w->u->in);
    *ref = snRefPut(UNIQUE_MEM, row);
    if (*away || snMemtableHas(w->u->mem, row)) return true;
  }
  return false;
}

static int uniqueWalkSegment(UniqueWalk *w, i64 *ref) {
  Unique *u = w->u;
  u32 doc;
  for (;;) {
    if (w->open && snKeyFindNext(&w->find, &doc)) {
      *ref = snRefPut(w->seg, doc);
      if (snLiveHas(u->view->live[w->seg], doc) && snUniqueHas(u, *ref))
        return SEINE_OK;
      continue;
    }
    w->open = false;
    if (++w->seg >= u->view->n) return SEINE_DONE;
    int rc = snKeyFind(w->k->reader + w->seg, w->hash, w->rowid, &w->find);
    if (rc) return rc;
    w->open = true;
  }
}

/* OK: *ref is one; DONE; or an error.  ref is never 0: see snUniqueLook. */
static int uniqueWalkNext(UniqueWalk *w, i64 *ref, bool *away) {
  *away = false;
  if (w->seg == UINT32_MAX && uniqueWalkMem(w, ref, away)) return SEINE_OK;
  return uniqueWalkSegment(w, ref);
}

/* References are shifted by one: 0 stands for none. */
static int uniqueLookKey(Unique *u, u32 key, i64 rowid, i64 except, i64 *hit,
    bool *away) {
  UniqueWalk w;
  i64 ref;
  int rc;
  uniqueWalkOpen(&w, u, key, u->key[key].now, rowid, except);
  while (!(rc = uniqueWalkNext(&w, &ref, away)) && !*away) {
    bool same = false;
    if (ref + 1 == except) continue;
    rc = uniqueSame(u, u->key[key].key, ref, rowid, u->row, &same);
    if (rc) return rc;
    if (!same) continue;
    *hit = ref + 1;
    return SEINE_OK;
  }
  return rc == SEINE_DONE ? SEINE_OK : rc;
}

/* May a row have the key that rides in the claim now, too? */
static bool uniqueRides(const Unique *u, u32 key) {
  return u->ride && u->seen->rows.docs &&
      snDeltaKeysHas(u->ride, uniqueRideHash(key, u->key[key].now));
}

int snUniqueLook(Unique *u, i64 rowid, bool given, i64 except, u32 *key,
    i64 *hit) {
  *hit = 0;
  int rc = uniqueSettleRows(u);
  if (!rc) rc = uniqueView(u);
  snArenaClear(&u->arena);
  for (; !rc && *key < u->nkey; ++*key) {
    UniqueKey *k = u->key + *key;
    bool away = false;
    if (!given && snConstraintIsRowid(k->key)) continue;
    k->now = uniqueHash(u, k->key, rowid);
    if (!k->now) continue;
    rc = uniqueLookKey(u, *key, rowid, except, hit, &away);
    if (!rc && !*hit) away |= uniqueRides(u, *key);
    if (!rc && away) { /* with a thread, or riding: wait, and look again */
      rc = snIngestFinish(u->in);
      if (!rc) rc = uniqueSettleRows(u);
      if (!rc) rc = uniqueView(u);
      if (!rc) rc = uniqueLookKey(u, *key, rowid, except, hit, &away);
    }
    if (*hit) break;
  }
  return rc;
}

/* ---- messages ----------------------------------------------------------- */

static void uniqueShow(Buf *b, u8 type, const ArrayItem *v) {
  Buf text;
  u32 n = SN_MIN(v->n, UNIQUE_SHOWN);
  if (snTypeIsString(type)) {
    snBufSqlText(b, (const char *)v->p, n);
    if (n < v->n) snBufStr(b, "...");
    return;
  }
  snBufInit(&text, b->budget);
  switch (snTypeForm(type)) {
  case FORM_STR:
    if (type == TYPE_BLOB) snBufStr(b, "x'");
    for (u32 i = 0; type == TYPE_BLOB && i < n; i++)
      snBufPrintf(b, "%02x", v->p[i]);
    if (type == TYPE_BLOB) snBufStr(b, n < v->n ? "...'" : "'");
    else snTypeStrText(&text, type, v->p, v->n);
    break;
  case FORM_REAL: snBufPrintf(&text, "%.15g", v->d); break;
  default: snTypeIntText(&text, type, v->i);
  }
  snBufAdd(b, text.data, SN_MIN(text.n, UNIQUE_SHOWN));
  snBufClear(&text);
}

int snUniqueSay(Unique *u, u32 key, i64 ref, char *message) {
  const TableKey *k = u->key[key].key;
  ArrayItem id;
  Buf b;
  snBufInit(&b, u->budget);
  snBufStr(&b, "UNIQUE constraint failed: ");
  snConstraintColumns(u->table, k, &b);
  int rc = snUniqueValue(u, ref - 1, UINT32_MAX, &u->arena, &id);
  snBufStr(&b, k->n > 1 ? ", (" : ", ");
  for (u32 i = 0; !rc && i < k->n; i++) {
    int at = k->col[i] ? snConstraintColumn(u->table, k->col[i]) : -1;
    ArrayItem v;
    rc = snUniqueValue(u, ref - 1, at < 0 ? UINT32_MAX : (u32)at, &u->arena,
        &v);
    if (i) snBufStr(&b, ", ");
    if (!rc) uniqueShow(&b, at < 0 ? TYPE_INTEGER : u->table->col[at].type, &v);
  }
  snBufPrintf(&b, "%s stands in rowid %lld", k->n > 1 ? ")" : "",
      (long long)id.i);
  if (!rc) snprintf(message, 256, "%s", snBufText(&b));
  snUtf8Whole(message);
  snBufClear(&b);
  return rc ? rc : SEINE_CONSTRAINT;
}

/* ---- a key that came later ---------------------------------------------- */

/* The keys of all segments, in order of their hashes. */
typedef struct UniqueAll {
  Unique *u;
  KeyWalk *walk;     /* by segment; each shows an entry while open */
  bool *open;
  i64 *ref;          /* rows with the hash at hand */
  u32 n, cap;
} UniqueAll;

static int uniqueAllStep(UniqueAll *a, u32 g) {
  const Live *live = a->u->view->live[g];
  do a->open[g] = snKeyWalkNext(a->walk + g);
  while (a->open[g] && !snLiveHas(live, a->walk[g].doc));
  return a->walk[g].rc;
}

/* The rows of the least hash: n is 0 at the end. */
static int uniqueAllNext(UniqueAll *a) {
  u32 n = a->u->view->n;
  u64 least = UINT64_MAX;
  int rc = SEINE_OK;
  a->n = 0;
  for (u32 g = 0; g < n; g++)
    if (a->open[g]) least = SN_MIN(least, a->walk[g].hash);
  for (u32 g = 0; !rc && g < n; g++)
    while (!rc && a->open[g] && a->walk[g].hash == least) {
      rc = snMemGrow(a->u->budget, &a->ref, &a->cap, a->n + 1ull,
          sizeof *a->ref);
      if (rc) return rc;
      a->ref[a->n++] = snRefPut(g, a->walk[g].doc);
      rc = uniqueAllStep(a, g);
    }
  return rc;
}

/* Rows of one hash: no two may have the same key. */
static int uniqueAllSame(UniqueAll *a, u32 key, char *message) {
  Unique *u = a->u;
  i64 rowid;
  for (u32 i = 1; i < a->n; i++) {
    snArenaClear(&u->arena);
    int rc = uniqueRead(u, u->key[key].key, a->ref[i], &rowid);
    if (rc) return rc;
    for (u32 j = 0; j < i; j++) {
      bool same;
      rc = uniqueSame(u, u->key[key].key, a->ref[j], rowid, u->other, &same);
      if (rc) return rc;
      if (same) return snUniqueSay(u, key, a->ref[j] + 1, message);
    }
  }
  return SEINE_OK;
}

int snUniqueAll(Unique *u, u32 id, char *message) {
  UniqueAll a = {.u = u};
  u32 key = 0, steps = 0;
  while (key < u->nkey && u->key[key].key->id != id) key++;
  if (key == u->nkey || snConstraintIsRowid(u->key[key].key)) return SEINE_OK;
  int rc = uniqueView(u);
  if (rc) return rc;
  a.walk = snMemZero(u->budget, (u->view->n + 1) * sizeof *a.walk);
  a.open = snMemZero(u->budget, u->view->n + 1);
  if (!a.walk || !a.open) rc = SN_NOMEM;
  for (u32 g = 0; !rc && g < u->view->n; g++) {
    rc = snKeyWalkOpen(u->view->seg[g], u->key[key].key, a.walk + g);
    if (!rc) rc = uniqueAllStep(&a, g);
  }
  do {
    if (!rc && ++steps % 65536 == 0 && snSessionCancelled(u->s))
      rc = SEINE_INTERRUPT;
    if (!rc) rc = uniqueAllNext(&a);
    if (!rc && a.n > 1) rc = uniqueAllSame(&a, key, message);
  } while (!rc && a.n);
  snMemFree(a.walk);
  snMemFree(a.open);
  snMemFree(a.ref);
  return rc;
}

/* ---- the end of a statement --------------------------------------------- */

void snUniqueMark(Unique *u) {
  if (!u) return;
  u->mark = u->total;
  u->forgot = false;
}

int snUniqueUndo(Unique *u) {
  if (!u) return SEINE_OK;
  u64 since = u->total - u->mark;
  u->total = u->mark;
  u->n -= (u32)SN_MIN(since, u->n);
  u->nlater = 0;
  uniqueDropView(u);
  return u->forgot ? uniqueAgain(u) : SEINE_OK; /* some have come back */
}

/* The row that was checked late, among those of its hash; *several: there are
** others, so that it matters. */
static int uniqueOwn(Unique *u, const UniqueLater *l, i64 *own,
    bool *several) {
  const TableKey *k = u->key[l->key].key;
  UniqueWalk w;
  i64 ref, first = -1, rowid;
  bool away;
  int rc;
  *own = -1;
  *several = false;
  uniqueWalkOpen(&w, u, l->key, l->hash, l->rowid, 0);
  while (!(rc = uniqueWalkNext(&w, &ref, &away))) {
    if (first >= 0 && ref != first) *several = true;
    if (first < 0) first = ref;
    if (*own >= 0 && *several) return SEINE_OK;
    if (*own >= 0) continue;
    rc = uniqueRead(u, k, ref, &rowid);
    if (rc) return rc;
    if (rowid == l->rowid) *own = ref;
  }
  return rc == SEINE_DONE ? SEINE_OK : rc;
}

/* No other row may have the key of a row that was checked late. */
static int uniqueCheckLate(Unique *u, const UniqueLater *l, char *message) {
  const TableKey *k = u->key[l->key].key;
  UniqueWalk w;
  i64 own, ref, rowid;
  bool away, several, same;
  snArenaClear(&u->arena);
  int rc = uniqueOwn(u, l, &own, &several);
  if (rc || own < 0 || !several) return rc;
  rc = uniqueRead(u, k, own, &rowid);
  if (rc) return rc;
  uniqueWalkOpen(&w, u, l->key, l->hash, l->rowid, 0);
  while (!(rc = uniqueWalkNext(&w, &ref, &away))) {
    if (ref == own) continue;
    rc = uniqueSame(u, k, ref, rowid, u->other, &same);
    if (rc) return rc;
    if (same) return snUniqueSay(u, l->key, ref + 1, message);
  }
  return rc == SEINE_DONE ? SEINE_OK : rc;
}

int snUniqueEnd(Unique *u, char *message) {
  int rc = SEINE_OK;
  if (!u) return rc;
  if (u->deleted) rc = snSessionDelete(u->s, u->view, u->deleted);
  uniqueDropDeleted(u);
  if (!rc && u->nlater) rc = snIngestFinish(u->in);
  if (!rc && u->nlater) rc = uniqueSettleRows(u);
  if (!rc && u->nlater) rc = uniqueView(u);
  for (u32 i = 0; !rc && i < u->nlater; i++)
    rc = uniqueCheckLate(u, u->later + i, message);
  u->nlater = 0;
  return rc;
}

#undef UNIQUE_SHOWN
