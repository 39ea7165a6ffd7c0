/*
** What a writer does to the file, from the trace of its calls: a toy catalog
** commits, deletes, rolls back and is reopened at random while
** readers pin old states; after each transaction the trace is held against a
** model that knows which pages every state reaches.
**   1 no page of the newest state, of the one before it (rule W1: f + 2 <= C)
**     or of a pinned one is written
**   2 the claim goes to a slot that holds neither the newest claim nor the
**     one of its base; the confirmation comes after the sync; one slot write
**     each
**   3 a small commit syncs once, one of more than 256 KiB twice, the claim
**     between the two; a rollback never; PRE stands on large ones alone; a
**     small claim lists every extent it wrote
**   4 the file grows by what is alive, pinned and buried, and not more
**   5 the newest state in doubt, its confirmation torn: the broken page is
**     erased, not with zeros, and synced before all else (S1); a large one's
**     claim is copied and synced (S3); what a small one wrote is written anew
**     and synced before the claim (S4), which goes over neither claim
** The offsets are those of doc/fileformat.md.
*/
#include "store/store.h"
#include "probe.h"

#define KEYS   10u
#define STATES 4096u
#define PINS   4u

typedef struct Toy {
  ExtentRef ref[KEYS];
} Toy;

typedef struct State { /* runs of pages a state reaches, root included */
  u64 page[KEYS + 1], n[KEYS + 1];
} State;

static int orderCount, orderBad;
static char orderSaid[200];

static void ok(bool good, const char *what) {
  orderCount++;
  if (!good) orderBad++;
  printf("%sok %d - %s\n", good ? "" : "not ", orderCount, what);
  if (!good) printf("# %s\n", orderSaid);
}

static u64 orderSeed;
static u64 upTo(u64 n) {
  orderSeed = orderSeed * 6364136223846793005ull + 1442695040888963407ull;
  return (orderSeed >> 33) % n;
}

static bool complain(const char *what, u64 a, u64 b) {
  snprintf(orderSaid, sizeof orderSaid, "%s (%llu, %llu)", what,
      (unsigned long long)a, (unsigned long long)b);
  return false;
}

static void message(void *arg, const char *text) {
  (void)arg;
  snprintf(orderSaid, sizeof orderSaid, "%s", text);
}

/* ---- the toy ------------------------------------------------------------ */

static int orderWalk(void *arg, Snapshot *base,
    int (*seen)(void *, const ExtentRef *), void *seen_arg) {
  Toy t;
  u32 len;
  const u8 *p = snSnapshotRoot(base, &len);
  int rc = SEINE_OK;
  (void)arg;
  if (len != sizeof t) return SEINE_CORRUPT;
  memcpy(&t, p, sizeof t);
  for (u32 i = 0; !rc && i < KEYS; i++) {
    if (t.ref[i].page) rc = seen(seen_arg, t.ref + i);
  }
  return rc;
}

static char path[40];

static Store *orderOpen(Vfs *v) {
  StoreConfig c = {0};
  Store *s = NULL;
  c.vfs = v;
  c.path = path;
  c.create = true;
  c.message = message;
  if (!snStoreOpen(&c, &s)) snWriterSetWalk(s, orderWalk, NULL);
  return s;
}

/* ---- the model ---------------------------------------------------------- */

static State states[STATES];
static u64 newest; /* txid */
static u64 claimSlot, claimBefore; /* pages of the claims of T and T - 1 */

/* By doc/fileformat.md, Extents. */
static u64 orderPages(u64 len) {
  u64 chunks = (len + 65535) / 65536;
  return (len + SN_MAX(8 * chunks, 64) + 4095) / 4096;
}

static u64 alive(u64 txid) {
  u64 sum = 0;
  for (u32 i = 0; i <= KEYS; i++) sum += states[txid].n[i];
  return sum;
}

static bool hits(u64 txid, u64 at, u64 n) {
  const State *s = states + txid;
  for (u32 i = 0; i <= KEYS; i++) {
    u64 from = s->page[i] * SN_PAGE, to = from + s->n[i] * SN_PAGE;
    if (s->n[i] && at < to && at + n > from) return true;
  }
  return false;
}

static void remember(u64 txid, const Toy *t, const u8 *claim) {
  State *s = states + txid;
  memset(s, 0, sizeof *s);
  for (u32 i = 0; i < KEYS; i++) {
    if (!t->ref[i].page) continue;
    s->page[i] = t->ref[i].page;
    s->n[i] = orderPages(t->ref[i].len);
  }
  s->page[KEYS] = snGet64(claim + 24);
  s->n[KEYS] = orderPages(snGet64(claim + 32));
}

/* Group 1. */
static bool pagesKept(Snapshot *const *pin) {
  for (u32 i = 0; i < probeCount; i++) {
    const ProbeCall *c = probeCalls + i;
    if (c->kind != PROBE_WRITE || c->at < 5 * SN_PAGE) continue;
    if (hits(newest, c->at, c->n)) {
      return complain("the newest state is written", newest, c->at);
    }
    if (newest && hits(newest - 1, c->at, c->n)) {
      return complain("the state before is written", newest, c->at);
    }
    for (u32 k = 0; k < PINS; k++) {
      if (pin[k] && hits(snSnapshotTxid(pin[k]), c->at, c->n)) {
        return complain("a pinned state is written", newest,
            snSnapshotTxid(pin[k]));
      }
    }
  }
  return true;
}

/* Groups 2 and 3: the calls of one commit without doubt; large: it wrote
** more than 256 KiB.  *claim: the record. */
static bool commitOrder(u64 bytes, u32 puts, const u8 **claim) {
  u32 syncs = 0, syncsBefore = 0, claims = 0, confirmed = 0, locks = 0;
  u64 slot = 0, base;
  bool large = bytes > 262144, unlocked = true;
  *claim = NULL;
  for (u32 i = 0; i < probeCount; i++) {
    const ProbeCall *c = probeCalls + i;
    u32 flags = snGet32(c->head + 16);
    if (c->kind == PROBE_SYNC) syncs++;
    if (c->kind == PROBE_LOCK && c->mode == LOCK_EXCLUSIVE
        && c->at == ((u64)1 << 61) + ((u64)1 << 47) + newest + 1) locks++;
    if (c->kind != PROBE_WRITE) continue;
    if (c->at >= 5 * SN_PAGE) {
      if (claims) return complain("data behind the claim", c->at, 0);
      continue;
    }
    if (c->at % SN_PAGE || c->n != SN_PAGE || c->at < SN_PAGE) {
      return complain("not one page of a slot", c->at, c->n);
    }
    if (memcmp(c->head, "SeineRec", 8)
        || snGet64(c->head + 8) != newest + 1) {
      return complain("not the record of this commit", c->at, 0);
    }
    if (flags & 1) {
      confirmed++;
      if (!claims || syncs != syncsBefore + 1 || c->at == slot) {
        return complain("the confirmation", syncs, c->at);
      }
      continue;
    }
    claims++;
    unlocked = !locks;
    slot = c->at;
    syncsBefore = syncs;
    *claim = c->head;
    if ((flags & 2) != (large ? 2 : 0)) return complain("PRE", flags, bytes);
    if (!large && snGet32(c->head + 76) != puts) {
      return complain("the list", snGet32(c->head + 76), puts);
    }
  }
  if (claims != 1 || confirmed != 1) {
    return complain("one claim, one confirmation", claims, confirmed);
  }
  if (unlocked) return complain("the COMMIT byte comes late", newest, 0);
  if (syncs != (large ? 2 : 1) || syncsBefore != (large ? 1 : 0)) {
    return complain("syncs", syncs, syncsBefore);
  }
  base = snGet64(*claim + 64);
  if (slot == claimSlot || base != newest) {
    return complain("the newest claim is overwritten", slot, base);
  }
  if (newest && (snGet32(*claim + 72) + 1) * (u64)SN_PAGE != claimSlot) {
    return complain("base's slot", snGet32(*claim + 72), claimSlot);
  }
  if (claimBefore && slot == claimBefore) {
    return complain("the claim of T - 1 goes before C is durable", slot, 0);
  }
  claimBefore = claimSlot;
  claimSlot = slot;
  return true;
}

/* ---- the run ------------------------------------------------------------ */

static u8 orderBytes[400000];

/* One transaction: puts and frees; sums what it wrote. */
static int change(Store *s, Toy *t, u64 *bytes, u32 *puts, u32 large) {
  int rc = SEINE_OK;
  for (u64 n = upTo(4); !rc && n < 4; n++) {
    ExtentRef *r = t->ref + upTo(KEYS), old = *r;
    u64 len = upTo(large) ? upTo(9000) : 200000 + upTo(200000);
    bool mine = false;
    memset(r, 0, sizeof *r);
    for (u32 i = 0; old.page && i < probeCount; i++) {
      mine = mine || (probeCalls[i].kind == PROBE_WRITE
          && probeCalls[i].at == old.page * SN_PAGE);
    }
    if (mine) { /* put by this transaction: leave it */
      *r = old;
      continue;
    }
    if (old.page) rc = snWriterFree(s, &old);
    if (rc || !upTo(4)) continue;
    memset(orderBytes, (int)upTo(256), (size_t)len);
    rc = snWriterPut(s, orderBytes, len, n + 1, r);
    *bytes += orderPages(len) * SN_PAGE;
    ++*puts;
  }
  return rc;
}

/* Pages that may not be free: a bound from the model alone.  A page is alive
** in T, T - 1, or some state since the oldest pin; all these states. */
static u64 needed(u64 oldest) {
  u64 from = SN_MIN(oldest, newest > 2 ? newest - 2 : 0), sum = 0;
  for (u64 t = from; t <= newest; t++) sum += alive(t);
  return sum;
}

static bool orderRun(u64 seed, u32 rounds, u32 large, bool pins, u64 *pages) {
  Store *w = orderOpen(&probeVfs), *r = orderOpen(snOsMemory());
  Snapshot *pin[PINS] = {0}, *base;
  bool good = w && r;
  u64 most = 0, bound = 0;
  Toy t;
  orderSeed = seed;
  newest = claimSlot = claimBefore = 0;
  memset(states, 0, sizeof states);
  for (u32 i = 0; good && i < rounds; i++) {
    u64 bytes = 0, oldest = newest;
    u32 puts = 0, k = (u32)upTo(PINS), len;
    const u8 *claim;
    if (!upTo(30)) {
      snStoreClose(w);
      w = orderOpen(&probeVfs);
      if (!w) return complain("reopen", i, 0);
    }
    if (pins && !upTo(5)) {
      snSnapshotDrop(pin[k]);
      pin[k] = NULL;
      if (upTo(2) && snSnapshotOpen(r, pin + k)) return false;
    }
    probeCount = 0;
    probeTracing = true;
    if (snWriterBegin(w, &base)) return false;
    memset(&t, 0, sizeof t);
    if (newest) memcpy(&t, snSnapshotRoot(base, &len), sizeof t);
    if (!newest) { /* the creation is another matter */
      snWriterPut(w, "x", 1, 1, t.ref);
      probeCount = 0;
      puts = 1;
      bytes = SN_PAGE;
    } else if (change(w, &t, &bytes, &puts, large)) return false;
    if (newest && !upTo(6)) {
      snWriterRollback(w);
      good = pagesKept(pin);
      for (u32 c = 0; good && c < probeCount; c++) {
        good = probeCalls[c].kind != PROBE_SYNC
            && (probeCalls[c].kind != PROBE_WRITE
            || probeCalls[c].at >= 5 * SN_PAGE);
        if (!good) complain("a rollback syncs or writes slots", newest, 0);
      }
      continue;
    }
    if (snWriterCommit(w, &t, sizeof t, NULL, 0)) return false;
    for (u32 c = 0; c < probeCount; c++) { /* the root is an extent too */
      if (probeCalls[c].kind == PROBE_WRITE && probeCalls[c].at < 5 * SN_PAGE) {
        bytes += orderPages(snGet64(probeCalls[c].head + 32)) * SN_PAGE;
        puts++;
        break;
      }
    }
    good = commitOrder(bytes, puts, &claim) && pagesKept(pin);
    if (!good) break;
    remember(++newest, &t, claim);
    for (u32 p = 0; p < PINS; p++) {
      if (pin[p]) oldest = SN_MIN(oldest, snSnapshotTxid(pin[p]));
    }
    most = SN_MAX(most, needed(oldest));
    bound = most;
  }
  probeTracing = false;
  for (u32 k = 0; k < PINS; k++) snSnapshotDrop(pin[k]);
  if (good) {
    StoreInfo info;
    good = !snStoreInfo(w, &info) && info.txid == newest;
    *pages = info.pages;
    /* first fit may waste as much again; growth is a 16th or 16 pages */
    if (good && info.pages > 2 * bound + bound / 16 + 64) {
      good = complain("the file is too large", info.pages, bound);
    }
    if (good && info.free_pages + info.graveyard_pages + alive(newest) + 5
        != info.pages) {
      good = complain("free, buried and used are not all", info.free_pages,
          info.graveyard_pages);
    }
  }
  snStoreClose(w);
  snStoreClose(r);
  snOsMemory()->remove(snOsMemory(), path);
  return good;
}

/* ---- 5: doubt ----------------------------------------------------------- */

/* The writes of slots and the syncs of the trace, a letter each: E erased,
** C claim, P claim with PRE, K confirmation, s sync, d data (once). */
static void doubtWord(char *out, u64 claim, bool *spared) {
  *spared = true;
  for (u32 i = 0; i < probeCount; i++) {
    const ProbeCall *c = probeCalls + i;
    char what = 0;
    if (c->kind == PROBE_SYNC) what = 's';
    if (c->kind == PROBE_WRITE) {
      u32 flags = snGet32(c->head + 16);
      what = flags & 1 ? 'K' : flags & 2 ? 'P' : 'C';
      if (memcmp(c->head, "SeineRec", 8)) what = 'E';
      if (what == 'E' && (!c->head[0] || c->head[0] == 0xff)) what = 'Z';
      if (c->at >= 5 * SN_PAGE) what = 'd';
      /* until the new claim is durable the old one must stay */
      if (c->at == claim && what != 'K') *spared = false;
    }
    if (!what || (what == 'd' && out[0] && out[strlen(out) - 1] == 'd')) {
      continue;
    }
    if (strlen(out) < 40) {
      out[strlen(out) + 1] = 0;
      out[strlen(out)] = what;
    }
  }
}

static void doubtOne(u64 len, const char *want, const char *what) {
  Vfs *v = snOsMemory();
  Store *w = orderOpen(&probeVfs);
  Snapshot *base = NULL;
  File *f = NULL;
  u64 claim = 0, conf = 0;
  char word[50] = "";
  bool spared, good = w != NULL;
  u8 c = 0x5a;
  Toy t = {0};
  for (u32 i = 0; good && i < 3; i++) {
    ExtentRef old = t.ref[0];
    probeCount = 0;
    probeTracing = true;
    good = !snWriterBegin(w, &base) && !snWriterPut(w, orderBytes, len, i,
        t.ref) && (!old.page || !snWriterFree(w, &old))
        && !snWriterCommit(w, &t, sizeof t, NULL, 0);
  }
  for (u32 i = 0; i < probeCount; i++) {
    const ProbeCall *k = probeCalls + i;
    if (k->kind != PROBE_WRITE || k->at >= 5 * SN_PAGE) continue;
    *(snGet32(k->head + 16) & 1 ? &conf : &claim) = k->at;
  }
  snStoreClose(w);
  good = good && claim && conf && !v->open(v, path, 0, &f)
      && !f->ops->write(f, conf + 3000, &c, 1);
  if (f) f->ops->close(f);
  w = orderOpen(&probeVfs);
  probeCount = 0;
  good = good && w && !snWriterBegin(w, &base) && snSnapshotTxid(base) == 3;
  if (good && snWriterDoubtful(w, NULL)) {
    ExtentRef old = t.ref[0];
    good = snWriterDoubtful(w, &old)
        && !snWriterPut(w, orderBytes, len, 2, t.ref)
        && t.ref[0].page != old.page && !snWriterFree(w, &old);
  }
  good = good && !snWriterCommit(w, &t, sizeof t, NULL, 0);
  doubtWord(word, claim, &spared);
  snprintf(orderSaid, sizeof orderSaid, "%s, not %s", word, want);
  ok(good && spared && !strcmp(word, want), what);
  probeTracing = false;
  snStoreClose(w);
  v->remove(v, path);
}

int main(void) {
  u32 rounds = getenv("SEINE_QUICK") ? 600 : 3000, x = 0;
  u64 pages = 0;
  snOsUnix()->random(snOsUnix(), &x, sizeof x);
  snprintf(path, sizeof path, "order_test-%08x.tmp", x);
  probeOver(snOsMemory());
  ok(orderRun(1, rounds, 100000, false, &pages), "small commits");
  ok(pages < 200, "a file that stays small");
  ok(orderRun(2, rounds, 40, false, &pages), "some are large");
  ok(orderRun(3, rounds, 100000, true, &pages), "small, readers pin");
  ok(orderRun(4, rounds, 40, true, &pages), "large, readers pin");
  doubtOne(1000, "EsdsPsK", "in doubt, small");
  doubtOne(300000, "EsPsKdCsK", "in doubt, large");
  free(probeCalls);
  printf("1..%d\n", orderCount);
  return orderBad != 0;
}
