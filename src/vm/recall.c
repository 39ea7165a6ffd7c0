/*
** recall: which rows fulfil a condition is remembered.
**
** A condition that costs much for each row (LIKE, a regular expression, a
** function) and is asked a second time is noted from then on: two bits for each
** row of a segment, whether it was asked and whether it fulfils it.  Recall
** takes out the rows that are known, the condition is asked for the others,
** and Learn notes what came out and puts the rows together.  So it does not
** matter which rows are asked: other conditions, deletions and snapshots
** decide that.
**
** What is known cannot be stale: a segment never changes, and one with other
** patches is another one (its serial says so).
**
** Invariants: (1) an entry that a run uses is neither freed nor are its
** segments changed; (2) the bits of a window are written by the thread that
** has claimed it; (3) room for the bits is made before there are threads.
*/
#include "vm/vmInt.h"

#define RECALL_ENTRIES 64u
#define RECALL_ASKED 256u /* conditions that were asked lately */
#ifdef SEINE_TEST
#define RECALL_LEAST 1u
#else
#define RECALL_LEAST 10000u /* rows of a table that is worth it */
#endif

/* known, then yes, of each window in turn: 2 * SN_WORDS. */
typedef struct RecallBits { u64 serial; u64 *bits; u32 windows; } RecallBits;

typedef struct RecallEntry {
  u64 hash, used;      /* when: a count */
  u8 *key;
  u32 nkey, users;
  RecallBits *seg;     /* of the view of the last run */
  u32 nseg;
  i64 bytes;
} RecallEntry;

struct Recall {
  RecallEntry entry[RECALL_ENTRIES]; /* key NULL: free */
  u64 asked[RECALL_ASKED];
  u64 clock;
  i64 bytes;
};

typedef struct RecallObject {
  Object head;
  RecallEntry *entry;  /* NULL: nothing is noted */
  bool lent;
  u64 asked[SN_WORDS], yes[SN_WORDS]; /* of the window: rows that go through
                       ** the condition, and those known to fulfil it */
} RecallObject;

/* ---- the cache ---------------------------------------------------------- */

static void recallDropSegs(Recall *m, RecallEntry *e) {
  for (u32 i = 0; i < e->nseg; i++) snMemFree(e->seg[i].bits);
  snMemFree(e->seg);
  m->bytes -= e->bytes;
  e->seg = NULL;
  e->nseg = 0;
  e->bytes = 0;
}

static void recallDrop(Recall *m, RecallEntry *e) {
  recallDropSegs(m, e);
  snMemFree(e->key);
  memset(e, 0, sizeof *e);
}

void snRecallClear(Recall *m) {
  for (u32 i = 0; m && i < RECALL_ENTRIES; i++)
    if (!m->entry[i].users) recallDrop(m, m->entry + i);
}

void snRecallFree(Recall *m) {
  for (u32 i = 0; m && i < RECALL_ENTRIES; i++) recallDrop(m, m->entry + i);
  snMemFree(m);
}

/* The one that was used longest ago and by nobody now, but for `not`; a free
** one before all, if not only those with bits are asked for. */
static RecallEntry *recallOldest(Recall *m, const RecallEntry *not,
    bool taken) {
  RecallEntry *old = NULL;
  for (u32 i = 0; i < RECALL_ENTRIES; i++) {
    RecallEntry *e = m->entry + i;
    if (e->users || e == not || (taken && !e->key)) continue;
    if (!old || e->used < old->used) old = e;
  }
  return old;
}

/* Room for so many bytes more, within what the settings and the memory limit
** leave: an eighth of that. */
static bool recallRoom(Run *r, Recall *m, const RecallEntry *not, i64 more) {
  i64 most = snSessionSettings(r->session)->filter_cache;
  i64 limit = snSessionBudget(r->session)->limit;
  if (limit > 0) most = SN_MIN(most, limit / 8);
  while (m->bytes + more > most) {
    RecallEntry *e = recallOldest(m, not, true);
    if (!e) return false;
    recallDrop(m, e);
  }
  return true;
}

static bool recallAskedBefore(Recall *m, u64 hash) {
  u64 *at = m->asked + hash % RECALL_ASKED;
  bool before = *at == hash;
  *at = hash;
  return before;
}

static RecallEntry *recallFind(Run *r, Recall *m, const Buf *key) {
  u64 hash = snHash(key->data, key->n, 0);
  for (u32 i = 0; i < RECALL_ENTRIES; i++) {
    RecallEntry *e = m->entry + i;
    if (e->key && e->hash == hash && e->nkey == key->n &&
        !memcmp(e->key, key->data, key->n))
      return e;
  }
  if (!recallAskedBefore(m, hash)) return NULL;
  RecallEntry *e = recallOldest(m, NULL, false);
  u8 *copy = e ? snMemAlloc(snSessionBudget(r->session), key->n) : NULL;
  if (!copy) return NULL;
  recallDrop(m, e);
  memcpy(copy, key->data, key->n);
  *e = (RecallEntry){.hash = hash, .key = copy, .nkey = (u32)key->n};
  return e;
}

/* The bits of the segments of a view: those that are known, and new ones.  No
** change when there is no room. */
static bool recallSegs(Run *r, Recall *m, RecallEntry *e, const View *v) {
  Budget *b = snSessionBudget(r->session);
  i64 bytes = (i64)(v->n * sizeof *e->seg);
  for (u32 s = 0; s < v->n; s++)
    bytes += snSegmentWindows(v->seg[s]) * (i64)(2 * SN_WORDS * sizeof(u64));
  if (!recallRoom(r, m, e, bytes)) return false;
  RecallBits *seg = snMemZero(b, (v->n + 1) * sizeof *seg);
  bool ok = seg != NULL;
  u32 at = 0;
  for (u32 s = 0; ok && s < v->n; s++) {
    seg[s].serial = snSegmentSerial(v->seg[s]);
    seg[s].windows = snSegmentWindows(v->seg[s]);
    for (u32 i = 0; i < e->nseg && !seg[s].bits; i++) {
      RecallBits *old = e->seg + (at + i) % e->nseg;
      if (old->serial != seg[s].serial || !old->bits) continue;
      seg[s].bits = old->bits;
      old->bits = NULL;
      at = (at + i + 1) % e->nseg;
    }
    if (!seg[s].bits)
      seg[s].bits = snMemZero(b, seg[s].windows * 2 * SN_WORDS * sizeof(u64));
    ok = seg[s].bits != NULL;
  }
  recallDropSegs(m, e);
  e->seg = seg;
  e->nseg = seg ? v->n : 0;
  e->bytes = bytes;
  m->bytes += bytes;
  if (!ok) recallDrop(m, e);
  return ok;
}

/* ---- a run -------------------------------------------------------------- */

static void recallObjectFree(Object *o) {
  RecallObject *c = (RecallObject *)o;
  if (c->entry && !c->lent) c->entry->users--;
  snMemFree(c);
}

static void recallParam(const Vec *v, Buf *key) {
  bool null = snVecNull(v, 0);
  snBufByte(key, v->type);
  snBufByte(key, null);
  if (null) return;
  if (snTypeForm(v->type) != FORM_STR) {
    u64 x = snKeysBits(v, 0);
    snBufAdd(key, &x, sizeof x);
    return;
  }
  const Str *s = v->data;
  snBufAdd(key, &s->n, sizeof s->n);
  snBufAdd(key, s->p, s->n);
}

/* The entry of a condition, that is in use from now on, or NULL. */
static int recallEntry(Run *r, const Cursor *c, const RecallDef *d,
    RecallEntry **out) {
  Recall **m = snSessionRecall(r->session);
  Buf key;
  *out = NULL;
  if (snSessionSettings(r->session)->filter_cache <= 0 || r->twin ||
      c->view->total < RECALL_LEAST)
    return SEINE_OK;
  if (!*m) *m = snMemZero(snSessionBudget(r->session), sizeof **m);
  if (!*m) return SEINE_OK;
  snBufInit(&key, r->budget);
  snBufAdd(&key, d->key, d->nkey);
  for (u32 k = 0; k < d->params->n; k++)
    recallParam(snReg(r, d->params->reg[k]), &key);
  RecallEntry *e = key.rc ? NULL : recallFind(r, *m, &key);
  snBufClear(&key);
  if (!e || (e->users && e->nseg != c->view->n)) return SEINE_OK;
  for (u32 s = 0; e->users && s < e->nseg; s++)
    if (e->seg[s].serial != snSegmentSerial(c->view->seg[s])) return SEINE_OK;
  if (!e->users && !recallSegs(r, *m, e, c->view)) return SEINE_OK;
  e->users++;
  e->used = ++(*m)->clock;
  *out = e;
  return SEINE_OK;
}

static int recallObject(Run *r, const Instr *i, RecallObject **out) {
  *out = (RecallObject *)r->obj[i->a];
  if (*out) return SEINE_OK;
  RecallObject *c = snMemZero(r->budget, sizeof *c);
  if (!c) return SN_NOMEM;
  c->head.free = recallObjectFree;
  r->obj[i->a] = &c->head;
  *out = c;
  return recallEntry(r, r->cur + i->b, i->p, &c->entry);
}

int snRecallLend(Run *t, Object *recall, Object **out) {
  const RecallObject *from = (RecallObject *)recall;
  RecallObject *c = snMemZero(t->budget, sizeof *c);
  if (!c) return SN_NOMEM;
  c->head.free = recallObjectFree;
  c->entry = from->entry;
  c->lent = true;
  *out = &c->head;
  return SEINE_OK;
}

static u64 *recallWindow(const RecallObject *o, const Cursor *c) {
  return o->entry->seg[c->seg].bits + (size_t)c->window * 2 * SN_WORDS;
}

/* p: RecallDef.  Jumps when no row has to be asked. */
int opRecall(Run *r, const Instr *i) {
  RecallObject *o;
  Sel *s = r->sel + i->sel;
  u64 any = 0;
  int rc = recallObject(r, i, &o);
  if (rc || !o->entry) return rc;
  const u64 *known = recallWindow(o, r->cur + i->b), *yes = known + SN_WORDS;
  for (u32 w = 0; w < SN_WORDS; w++) {
    o->yes[w] = s->bits[w] & known[w] & yes[w];
    o->asked[w] = s->bits[w] & ~known[w];
    s->bits[w] = o->asked[w];
    any |= o->asked[w];
  }
  if (any) return SEINE_OK;
  memcpy(s->bits, o->yes, sizeof s->bits);
  r->pc = (u32)i->jump;
  return SEINE_OK;
}

int opLearn(Run *r, const Instr *i) {
  RecallObject *o = (RecallObject *)r->obj[i->a];
  Sel *s = r->sel + i->sel;
  if (!o->entry) return SEINE_OK;
  u64 *known = recallWindow(o, r->cur + i->b), *yes = known + SN_WORDS;
  for (u32 w = 0; w < SN_WORDS; w++) {
    known[w] |= o->asked[w];
    yes[w] |= s->bits[w];
    s->bits[w] |= o->yes[w];
  }
  return SEINE_OK;
}

#undef RECALL_ENTRIES
#undef RECALL_ASKED
#undef RECALL_LEAST
