/*
** index_check: is a segment what its writers promise?  Here: the table of
** sections, which sections belong together, and the row store.  Columns are
** in col_check.c, dictionaries and posting lists in post_check.c.
**
** Nothing is trusted, nothing is changed.  A part that cannot be decoded is
** one finding, and the check goes on with the next part; only want of memory
** and the machine stop it.
*/
#include "index/indexInt.h"

#define INDEX_CHECK_MOST 100u /* findings of a segment */

void snIndexCheckSay(IndexCheck *c, const char *fmt, ...) {
  Buf b;
  va_list ap;
  if (c->said++ >= INDEX_CHECK_MOST) return;
  snBufInit(&b, c->budget);
  snBufPrintf(&b, "segment %llu: ", (unsigned long long)c->g->id);
  if (c->name) snBufPrintf(&b, "column %u %s: ", c->column, c->name);
  va_start(ap, fmt);
  snBufVprintf(&b, fmt, ap);
  va_end(ap);
  c->say(c->arg, snBufText(&b));
  if (b.rc) c->rc = b.rc;
  snBufClear(&b);
}

bool snIndexCheckRc(IndexCheck *c, int rc, const char *what) {
  if (rc == SEINE_OK) return true;
  if (rc == SEINE_CORRUPT) snIndexCheckSay(c, "%s cannot be decoded", what);
  else c->rc = rc;
  return false;
}

bool snIndexCheckGoes(IndexCheck *c) {
  if (!c->rc && c->cancelled && c->cancelled(c->cancel_arg))
    c->rc = SEINE_INTERRUPT;
  return c->rc == SEINE_OK;
}

/* ---- sections ----------------------------------------------------------- */

static void indexCheckGap(IndexCheck *c, Extent *x, u64 from, u64 to) {
  const u8 *p;
  if (from >= to) return;
  int rc = snExtentGet(x, from, to - from, &p);
  if (!snIndexCheckRc(c, rc, "a gap between sections")) return;
  for (u64 i = 0; i < to - from; i++)
    if (p[i]) {
      snIndexCheckSay(c, "the gap at byte %llu is not zero",
          (unsigned long long)(from + i));
      return;
    }
}

/* Sections [from, to), those of one extent, lie one behind the other and are
** not listed twice.  false: their checksums do not hold. */
static bool indexCheckTable(IndexCheck *c, Extent *x, u32 from, u32 to) {
  Segment *g = c->g;
  u64 len = snExtentLen(x), end = 0;
  const u8 *tail;
  int rc = snExtentVerify(x);
  if (!snIndexCheckRc(c, rc, "the extent")) return false;
  for (u32 i = from; i < to; i++) {
    const Section *s = g->sec + i;
    indexCheckGap(c, x, end, s->at);
    end = s->at + s->len;
    for (u32 k = from; k < i; k++)
      if (g->sec[k].kind == s->kind && g->sec[k].column == s->column)
        snIndexCheckSay(c, "two sections of kind %u for column %u", s->kind,
            s->column);
  }
  rc = snExtentGet(x, len - SEG_TAIL, SEG_TAIL, &tail);
  if (snIndexCheckRc(c, rc, "the tail") &&
      end != len - SEG_TAIL - snGet32(tail))
    snIndexCheckSay(c, "the sections end at byte %llu, their table begins "
        "at %llu", (unsigned long long)end,
        (unsigned long long)(len - SEG_TAIL - snGet32(tail)));
  return !c->rc;
}

static bool indexCheckHas(IndexCheck *c, u32 kind) {
  return snSegmentFind(c->g, (SecKind)kind, c->column) != NULL;
}

/* Which sections a section cannot do without. */
static void indexCheckPartners(IndexCheck *c, u32 kind) {
  bool terms = indexCheckHas(c, SEC_TERMS), codes = indexCheckHas(c, SEC_CODES);
  bool ints = indexCheckHas(c, SEC_INTS), reals = indexCheckHas(c, SEC_REALS);
  bool values = indexCheckHas(c, SEC_VALUES);
  switch (kind) {
  case SEC_TERMS:
    if (!indexCheckHas(c, SEC_POST)) snIndexCheckSay(c, "terms without lists");
    break;
  case SEC_POST:
    if (!terms) snIndexCheckSay(c, "lists without terms");
    break;
  case SEC_NORMS:
    if (!terms) snIndexCheckSay(c, "norms without terms");
    break;
  case SEC_VALUES:
    if (!codes) snIndexCheckSay(c, "values without codes");
    break;
  case SEC_CODES:
    if (!terms && !values) snIndexCheckSay(c, "codes without a dictionary");
    break;
  case SEC_COUNTS:
    if (!codes && !ints && !reals) snIndexCheckSay(c, "counts alone");
    break;
  case SEC_PAIRS:
  case SEC_PAIR_POST:
  case SEC_PAIR_WORDS:
    if (!terms || !indexCheckHas(c, SEC_NORMS) ||
        !indexCheckHas(c, SEC_PAIRS) || !indexCheckHas(c, SEC_PAIR_POST) ||
        !indexCheckHas(c, SEC_PAIR_WORDS))
      snIndexCheckSay(c, "pairs of words without all that they need");
    break;
  default: break;
  }
  if ((kind == SEC_INTS || kind == SEC_REALS || kind == SEC_CODES) &&
      ints + reals + codes > 1)
    snIndexCheckSay(c, "values in sections of several kinds");
}

static void indexCheckName(IndexCheck *c, u32 column) {
  c->column = column;
  c->name = column ? "" : "rowid";
  for (u32 i = 0; i < c->table->ncol; i++)
    if (c->table->col[i].id == column) c->name = c->table->col[i].name;
}

/* ---- rows --------------------------------------------------------------- */

static void indexCheckRowEnd(IndexCheck *c, const RowReader *r) {
  for (u32 i = 0; i < r->ncols; i++) {
    u32 id = snGet32(r->ids + 4 * (size_t)i);
    if (!id || (i && id <= snGet32(r->ids + 4 * (size_t)i - 4)))
      snIndexCheckSay(c, "the columns of the rows do not ascend");
    indexCheckName(c, id);
    if (indexCheckHas(c, SEC_INTS) || indexCheckHas(c, SEC_REALS) ||
        indexCheckHas(c, SEC_CODES))
      snIndexCheckSay(c, "in the rows and in a column");
    c->name = NULL;
  }
  for (u32 i = 0; i < r->ndicts; i++) {
    u32 part = snGet32(r->parts + 4 * (size_t)i);
    if (part >= r->nblocks ||
        (i && part <= snGet32(r->parts + 4 * (size_t)i - 4)))
      snIndexCheckSay(c, "the parts of the rows do not ascend");
  }
}

/* A block holds exactly the values of its documents. */
static bool indexCheckRowBlock(IndexCheck *c, RowReader *r, u32 b,
    u32 docs) {
  Arena a;
  Rd rd = {0};
  snArenaInit(&a, c->budget);
  int rc = snRowLoad(r, b, &a, &rd);
  if (rc && rc != SEINE_CORRUPT) c->rc = rc;
  for (u64 i = 0; !rc && i < (u64)docs * r->ncols && !rd.bad; i++) {
    u64 len = snRdVarint(&rd);
    if (len > 1) (void)snRdBytes(&rd, len - 1);
  }
  bool good = !rc && !rd.bad && rd.p == rd.end;
  snArenaClear(&a);
  return good;
}

static void indexCheckRows(IndexCheck *c, const Section *s) {
  RowReader r;
  c->name = NULL;
  int rc = snRowOpen(c->g, s, &r);
  if (!snIndexCheckRc(c, rc, "the end of the rows")) return;
  indexCheckRowEnd(c, &r);
  for (u32 b = 0; b < r.nblocks && snIndexCheckGoes(c); b++) {
    u32 first = snRowFirst(&r, b), next = snRowFirst(&r, b + 1);
    if (first >= next)
      snIndexCheckSay(c, "row block %u holds documents %u to %u", b, first,
          next);
    else if (!indexCheckRowBlock(c, &r, b, next - first))
      snIndexCheckSay(c, "row block %u cannot be decoded", b);
  }
  if (snGet64(r.dir + ROW_ENTRY * (size_t)r.nblocks - 8) != r.blocks)
    snIndexCheckSay(c, "the blocks of the rows do not fill their place");
}

/* ---- keys --------------------------------------------------------------- */

/* By document: its hash, and whether it has one. */
static int indexCheckHashes(IndexCheck *c, const TableKey *k, u64 *hash,
    u64 *has) {
  Arena a;
  int rc = SEINE_OK;
  snArenaInit(&a, c->budget);
  for (u32 w = 0; !rc && w * SN_WINDOW < c->g->docs; w++) {
    rc = snKeyWindow(c->g, c->table, k, w, &a, hash + (size_t)w * SN_WINDOW,
        has + (size_t)w * SN_WORDS);
    if (!rc && !snIndexCheckGoes(c)) rc = c->rc;
  }
  snArenaClear(&a);
  return rc;
}

/* Each document that has the key has its entry, and no other has one. */
static void indexCheckEntries(IndexCheck *c, const TableKey *k,
    const u64 *hash, u64 *has, u32 words) {
  KeyWalk w;
  int rc = snKeyWalkOpen(c->g, k, &w);
  while (!rc && snKeyWalkNext(&w)) {
    bool good = snBit(has, w.doc) &&
        (hash[w.doc] ^ w.hash) >> (64 - KEY_BITS) == 0;
    if (!good)
      snIndexCheckSay(c, "key %u: document %u has another key than its entry",
          k->id, w.doc);
    snBitClear(has, w.doc);
  }
  if (!rc) rc = w.rc;
  if (snIndexCheckRc(c, rc, "a key") && !snBitsEmpty(has, words))
    snIndexCheckSay(c, "key %u: a document has no entry", k->id);
}

static void indexCheckKey(IndexCheck *c, const TableKey *k) {
  u32 nwin = (c->g->docs + SN_WINDOW - 1) / SN_WINDOW;
  if (!snSegmentFind(c->g, SEC_KEYS, k->id)) {
    if (snConstraintIsStored(k)) snIndexCheckSay(c, "no key %u", k->id);
    return;
  }
  u64 *hash = snMemAlloc(c->budget, (size_t)nwin * SN_WINDOW * sizeof *hash);
  u64 *has = snMemAlloc(c->budget, (size_t)nwin * SN_WORDS * sizeof *has);
  int rc = hash && has ? indexCheckHashes(c, k, hash, has) : SN_NOMEM;
  if (snIndexCheckRc(c, rc, "the values of a key"))
    indexCheckEntries(c, k, hash, has, nwin * SN_WORDS);
  snMemFree(hash);
  snMemFree(has);
}

/* ---- all ---------------------------------------------------------------- */

/* A dictionary is compared with the codes that lead into it. */
static void indexCheckColumn(IndexCheck *c, const Section *s) {
  CheckCodes codes = {0};
  snColCheck(c, s, &codes);
  if (s->kind == SEC_CODES && !c->rc && codes.df) {
    const Section *d = snSegmentFind(c->g, SEC_VALUES, s->column);
    if (!d) d = snSegmentFind(c->g, SEC_TERMS, s->column);
    if (d) snPostCheck(c, d, &codes);
  }
  snColCheckFree(&codes);
}

static void indexCheckSection(IndexCheck *c, const Section *s) {
  indexCheckName(c, s->column);
  indexCheckPartners(c, s->kind);
  switch (s->kind) {
  case SEC_INTS:
  case SEC_REALS:
  case SEC_CODES: indexCheckColumn(c, s); break;
  case SEC_TERMS:
    if (indexCheckHas(c, SEC_NORMS) || !indexCheckHas(c, SEC_CODES))
      snPostCheck(c, s, NULL);
    break;
  case SEC_PAIRS: snPostCheck(c, s, NULL); break;
  case SEC_PAIR_WORDS: snPairCheck(c, s); break;
  case SEC_ROWS: indexCheckRows(c, s); break;
  default: break;
  }
}

int snIndexCheck(Segment *g, const Table *t, Budget *b,
    void (*say)(void *arg, const char *text), void *arg,
    int (*cancelled)(void *), void *cancel_arg) {
  IndexCheck c = {.g = g, .table = t, .budget = b, .say = say, .arg = arg,
      .cancelled = cancelled, .cancel_arg = cancel_arg};
  u32 own = g->nsec - g->npatch;
  bool good = indexCheckTable(&c, g->extent, 0, own);
  for (u32 i = own; good && i < g->nsec; i++) {
    indexCheckName(&c, g->sec[i].column);
    good = indexCheckTable(&c, g->sec[i].patch, i, i + 1);
    c.name = NULL;
  }
  if (!good) return c.rc;
  for (u32 i = 0; i < g->nsec && snIndexCheckGoes(&c); i++)
    if (snSegmentFind(g, g->sec[i].kind, g->sec[i].column) == g->sec + i)
      indexCheckSection(&c, g->sec + i);
  c.name = NULL;
  if (!snSegmentFind(g, SEC_INTS, 0)) snIndexCheckSay(&c, "no rowids");
  for (u32 i = 0; !c.rc && i < t->nkey; i++)
    if (snConstraintIsChecked(t->key + i)) indexCheckKey(&c, t->key + i);
  if (c.said > INDEX_CHECK_MOST) {
    u32 more = c.said - INDEX_CHECK_MOST;
    c.said = 0;
    snIndexCheckSay(&c, "%u findings more", more);
  }
  return c.rc;
}
#undef INDEX_CHECK_MOST
