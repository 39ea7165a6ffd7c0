/*
** space_test: which pages are free, against a plain model: an array of the
** file's pages, each free, in use, or freed by a commit and still needed.
**   1  the map of free runs alone: random takes, gives and growth; runs are
**      sorted, never touch, and hold what the model holds; the first run
**      that fits is taken; a page given twice is CORRUPT; a table of when
**      what was freed becomes free
**   2  commits that write and free random extents while readers hold old
**      states: no page of a state that a reader or the last two commits need
**      is written again; the map of a store that opens the file anew is the
**      complement of what the newest state reaches and its graveyard names
**   3  without readers the file stops growing; what is free at its end is cut
**      when the only one who has it open shrinks it, and not while another
**      has it
*/
#include "store/walk.h"

static int spaceCount, spaceFailed;

static bool spaceOk(bool good, const char *name) {
  printf("%sok %d - %s\n", good ? "" : "not ", ++spaceCount, name);
  spaceFailed += !good;
  return good;
}
static bool spaceNo(const char *what, u64 a, u64 b) {
  printf("# %s: %llu %llu\n", what, (unsigned long long)a,
      (unsigned long long)b);
  return false;
}

static u64 spaceState = 88172645463325252ull;
static u64 spaceRandom(u64 below) {
  spaceState ^= spaceState << 13;
  spaceState ^= spaceState >> 7;
  spaceState ^= spaceState << 17;
  return (spaceState >> 11) % below;
}

/* ---- the store ---------------------------------------------------------- */

#define KEYS 12u
#define PAGES 8000u
static char path[40];
static ExtentRef held[KEYS];

static void spaceMessage(void *arg, const char *text) { (void)arg, (void)text; }

static Store *spaceOpen(void) {
  StoreConfig c = {.vfs = snOsMemory(), .path = path, .create = true,
      .message = spaceMessage};
  Store *s = NULL;
  if (snStoreOpen(&c, &s)) return NULL;
  snWriterSetWalk(s, toyWalk, NULL);
  return s;
}

/* ---- 1: the map alone --------------------------------------------------- */

static u8 used[PAGES]; /* 1: taken */

static bool mapSame(const SpaceMap *m) {
  u64 at = STORE_FIRST;
  for (u32 i = 0; i < m->nfree; i++) {
    const SpaceRun *r = m->free + i;
    if (!r->n || r->page < at || (i && r->page == at))
      return spaceNo("a run", r->page, at);
    for (; at < r->page; at++) if (!used[at]) return spaceNo("used", at, i);
    for (; at < r->page + r->n; at++)
      if (used[at]) return spaceNo("free", at, i);
  }
  for (; at < m->end; at++) if (!used[at]) return spaceNo("no run", at, 0);
  return at == m->end || spaceNo("end", at, m->end);
}

/* The first run of n free pages in the model, or the end of the file less
** the free pages there. */
static u64 mapFirst(u64 end, u64 n) {
  u64 run = 0;
  for (u64 p = STORE_FIRST; p < end; p++) {
    run = used[p] ? 0 : run + 1;
    if (run == n) return p + 1 - n;
  }
  return end - run;
}

static void mapGroup(u32 rounds) {
  Store *s = spaceOpen();
  SpaceMap m = {0};
  struct { u64 page, n; } own[300];
  u32 n = 0;
  bool good = s != NULL;
  m.end = STORE_FIRST;
  for (u32 i = 0; good && i < rounds; i++) {
    u64 size = 1 + spaceRandom(spaceRandom(4) ? 6 : 40), page, want;
    bool got;
    u64 end = m.end;
    if (n && (n == SN_COUNT(own) || spaceRandom(100) < 45)) {
      u32 k = (u32)spaceRandom(n);
      good = !snSpaceGive(s, &m, own[k].page, own[k].n);
      memset(used + own[k].page, 0, own[k].n);
      if (good && snSpaceGive(s, &m, own[k].page + own[k].n - 1, 1)
          != SEINE_CORRUPT) good = spaceNo("given twice", own[k].page, 0);
      own[k] = own[--n];
    } else if (m.end > PAGES - 200) {
      break;
    } else if (n && !spaceRandom(4)) {
      page = own[spaceRandom(n)].page + 1 + spaceRandom(3);
      want = size;
      for (u64 p = page; p < SN_MIN(page + size, end); p++)
        if (used[p]) want = 0;
      if (page > end) want = 0;
      /* a place inside of a run is not taken */
      if (want && page > STORE_FIRST && page <= end && !used[page - 1])
        want = 0;
      good = !snSpaceTakeAt(s, &m, page, size, &got);
      if (good && got != (want > 0)) good = spaceNo("taken at", page, size);
      if (got) {
        memset(used + page, 1, size);
        own[n].page = page;
        own[n++].n = size;
      }
    } else {
      want = mapFirst(m.end, size);
      good = !snSpaceTake(s, &m, size, &page);
      if (good && page != want) good = spaceNo("first fit", page, want);
      memset(used + page, 1, size);
      own[n].page = page;
      own[n++].n = size;
    }
    good = good && mapSame(&m) && m.end >= end;
    u64 last = m.end;
    while (last > STORE_FIRST && !used[last - 1]) last--;
    if (good && snSpaceUsedEnd(&m) != last)
      good = spaceNo("used end", snSpaceUsedEnd(&m), last);
  }
  printf("# the file came to %llu pages\n", (unsigned long long)m.end);
  spaceOk(good, "takes and gives");
  snSpaceClear(&m);
  snStoreClose(s);
  snOsMemory()->remove(snOsMemory(), path);
}

/* Freed by commit 10; free in commit `txid` when a crash opens 10 or later
** (`durable`), the state before stays whole, and no reader is older. */
static void ripeTable(void) {
  static const struct {
    u64 durable, txid, pin;
    bool ripe;
  } table[] = {
    {10, 12, UINT64_MAX, true}, {9, 12, UINT64_MAX, false},
    {10, 11, UINT64_MAX, false}, {11, 12, 10, true}, {11, 12, 9, false},
    {50, 51, 1, false}, {50, 51, 11, true}, {0, 99, 99, false},
  };
  Store *s = spaceOpen();
  for (u32 i = 0; i < SN_COUNT(table); i++) {
    SpaceGrave grave = {20, 3, 10};
    SpaceMap m = {.end = 100, .ngrave = 1, .grave_cap = 1};
    char text[80];
    m.grave = snMemZero(NULL, sizeof grave);
    *m.grave = grave;
    int rc = snSpaceMature(s, &m, table[i].durable, table[i].txid,
        table[i].pin);
    snprintf(text, sizeof text, "durable %llu, commit %llu, pin %lld",
        (unsigned long long)table[i].durable,
        (unsigned long long)table[i].txid, (long long)table[i].pin);
    spaceOk(!rc && m.ngrave == !table[i].ripe && m.nfree == table[i].ripe
        && (!m.nfree || (m.free->page == 20 && m.free->n == 3)), text);
    snSpaceClear(&m);
  }
  snStoreClose(s);
}

/* ---- 2: commits and readers --------------------------------------------- */

typedef struct State {
  Snapshot *n;
  ExtentRef ref[KEYS];
  u8 fill[KEYS];
} State;

static u8 held_fill[KEYS];

static int spaceCommit(Store *s) {
  static u8 bytes[200000];
  u8 root[KEYS * EXTENT_REF_BYTES];
  Snapshot *base;
  int rc = snWriterBegin(s, &base);
  for (u64 k = 1 + spaceRandom(4); !rc && k; k--) {
    u32 i = (u32)spaceRandom(KEYS);
    ExtentRef old = held[i];
    u64 len = 1 + spaceRandom(spaceRandom(9) ? 30000 : sizeof bytes - 1);
    u8 fill = (u8)spaceRandom(256);
    memset(bytes, fill, len);
    memset(held + i, 0, sizeof *held);
    if (spaceRandom(5)) rc = snWriterPut(s, bytes, len, i, held + i);
    held_fill[i] = fill;
    if (!rc && old.page) rc = snWriterFree(s, &old);
  }
  for (u32 i = 0; i < KEYS; i++)
    snExtentRefPut(root + i * EXTENT_REF_BYTES, held + i);
  if (!rc) rc = snWriterCommit(s, root, sizeof root, NULL, 0);
  if (rc) snWriterRollback(s);
  return rc;
}

static bool stateWhole(Store *s, const State *t) {
  for (u32 i = 0; i < KEYS; i++) {
    Extent *e = NULL;
    const u8 *p;
    u64 len = t->ref[i].len;
    if (!t->ref[i].page) continue;
    bool good = !snExtentOpen(s, t->ref + i, &e) && !snExtentVerify(e)
        && !snExtentGet(e, 0, len, &p) && p[0] == t->fill[i]
        && p[len - 1] == t->fill[i];
    snExtentDrop(e);
    if (!good) return spaceNo("an extent of a held state", i,
        t->n ? snSnapshotTxid(t->n) : 0);
  }
  return true;
}

/* Paints the pages of a run, each of which nobody else may have. */
static bool statePaint(u64 page, u64 n, u64 end) {
  if (page < STORE_FIRST || page + n > end || end > PAGES)
    return spaceNo("outside", page, n);
  for (u64 p = page; p < page + n; p++)
    if (used[p]++) return spaceNo("a page twice", p, page);
  return true;
}

/* The map of another store is the complement of extents and graveyard. */
static bool stateComplement(void) {
  Store *s = spaceOpen();
  Snapshot *n = NULL;
  SpaceMap m = {0};
  bool good = s && !snSnapshotOpen(s, &n) && !snSpaceBuild(s, n, &m);
  memset(used, 0, sizeof used);
  if (good) good = statePaint(n->ref.page, snExtentPages(n->ref.len), m.end);
  for (u32 i = 0; good && i < KEYS; i++)
    if (held[i].page)
      good = statePaint(held[i].page, snExtentPages(held[i].len), m.end);
  for (u32 i = 0; good && i < n->ngrave; i++) {
    SpaceGrave g;
    snSnapshotGrave(n, i, &g);
    good = statePaint(g.page, g.n, m.end) && g.freed <= snSnapshotTxid(n);
  }
  good = good && mapSame(&m);
  snSpaceClear(&m);
  snSnapshotDrop(n);
  snStoreClose(s);
  return good;
}

static void readerGroup(u32 rounds) {
  Store *s = spaceOpen(), *other = spaceOpen();
  static State reader[5], last[2]; /* of other; the states before */
  bool good = s && other;
  for (u32 i = 0; good && i < rounds; i++) {
    State *t = reader + spaceRandom(SN_COUNT(reader));
    last[i % 2] = (State){0};
    memcpy(last[i % 2].ref, held, sizeof held);
    memcpy(last[i % 2].fill, held_fill, sizeof held_fill);
    good = !spaceCommit(s);
    /* The state before stays whole: a damaged newest one falls back to it. */
    good = good && stateWhole(s, last + i % 2);
    if (good && !spaceRandom(3)) {
      snSnapshotDrop(t->n);
      t->n = NULL;
      memcpy(t->ref, held, sizeof held);
      memcpy(t->fill, held_fill, sizeof held_fill);
      good = !snSnapshotOpen(other, &t->n);
    }
    for (u32 k = 0; good && k < SN_COUNT(reader); k++)
      if (reader[k].n) good = stateWhole(other, reader + k);
    if (good && !spaceRandom(8)) good = stateComplement();
    if (good && !spaceRandom(12)) { /* the map is made anew */
      snStoreClose(s);
      s = spaceOpen();
      good = s != NULL;
    }
  }
  spaceOk(good, "no page that somebody needs is written again");
  for (u32 k = 0; k < SN_COUNT(reader); k++) snSnapshotDrop(reader[k].n);
  snStoreClose(other);
  snStoreClose(s);
}

/* ---- 3: growth and cut -------------------------------------------------- */

static u64 fileBytes(Store *s) {
  u64 n = 0;
  return s->file->ops->size(s->file, &n) ? 0 : n;
}

static void growthGroup(void) {
  Store *s = spaceOpen(), *other;
  Snapshot *n = NULL;
  u64 before, after;
  bool good = true;
  u8 root[KEYS * EXTENT_REF_BYTES] = {0};
  Snapshot *base;
  for (u32 i = 0; good && i < 100; i++) good = !spaceCommit(s);
  before = fileBytes(s);
  for (u32 i = 0; good && i < 200; i++) good = !spaceCommit(s);
  after = fileBytes(s);
  spaceOk(good && after <= 2 * before, "the file stops growing");
  good = !snWriterBegin(s, &base);
  for (u32 i = 0; good && i < KEYS; i++)
    if (held[i].page) good = !snWriterFree(s, held + i);
  good = good && !snWriterCommit(s, root, sizeof root, NULL, 0);
  memset(held, 0, sizeof held);
  for (u32 i = 0; good && i < 4; i++) { /* what was freed ripens */
    good = !snWriterBegin(s, &base)
        && !snWriterCommit(s, root, sizeof root, NULL, 0);
  }
  spaceOk(good && stateComplement(), "all is freed");
  other = spaceOpen();
  spaceOk(!snSnapshotOpen(other, &n), "another has it open");
  before = fileBytes(s);
  (void)snWriterShrink(s);
  spaceOk(fileBytes(s) == before, "then nothing is cut");
  snSnapshotDrop(n);
  snStoreClose(other);
  spaceOk(!snWriterShrink(s), "alone");
  after = fileBytes(s);
  printf("# %llu bytes, then %llu\n", (unsigned long long)before,
      (unsigned long long)after);
  spaceOk(after < before / 2, "the end is cut");
  snStoreClose(s);
  spaceOk(stateComplement(), "and the state is whole");
}

int main(int argc, char **argv) {
  u32 x = 0;
  if (argc > 1) spaceState ^= strtoull(argv[1], NULL, 10)
      * 0x9e3779b97f4a7c15;
  snOsUnix()->random(snOsUnix(), &x, sizeof x);
  snprintf(path, sizeof path, "space_test-%08x.tmp", x);
  mapGroup(6000);
  ripeTable();
  readerGroup(300);
  growthGroup();
  snOsMemory()->remove(snOsMemory(), path);
  printf("1..%d\n", spaceCount);
  return spaceFailed != 0;
}
