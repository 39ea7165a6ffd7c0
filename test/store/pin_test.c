/*
** Pins: which states are kept for whom.
**   1 the oldest pin, over random opening, keeping and dropping by several
**     handles, against the multiset of what they hold
**   2 a reader in another process sees its state, byte by byte, while
**     hundreds of commits rewrite everything; another joins later; when they
**     have gone their pages are used again
**   3 a killed reader pins nothing
**   4 a snapshot of the empty database pins nothing and stays empty
*/
#include "store/walk.h"
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#define KEYS    4u
#define HANDLES 4u
#define HELD    10u

static int pinCount, pinBad;

static bool ok(bool good, const char *what) {
  pinCount++;
  if (!good) pinBad++;
  printf("%sok %d - %s\n", good ? "" : "not ", pinCount, what);
  fflush(stdout);
  return good;
}

static u64 pinSeed = 5;
static u64 upTo(u64 n) {
  pinSeed = pinSeed * 6364136223846793005ull + 1442695040888963407ull;
  return (pinSeed >> 33) % n;
}

/* ---- the toy: state t holds in every key an extent full of t ------------ */

static char path[40];

static Store *pinOpen(Vfs *v) {
  StoreConfig c = {0};
  Store *s = NULL;
  c.vfs = v;
  c.path = path;
  c.create = true;
  if (!snStoreOpen(&c, &s)) snWriterSetWalk(s, toyWalk, NULL);
  return s;
}

static u64 pinLen(u64 txid, u32 key) { return 1000 + txid % 7 * 9000 * key; }

/* Rewrites everything; the txid, or 0. */
static u64 pinCommit(Store *s) {
  static u8 fill[200000];
  u8 root[KEYS * EXTENT_REF_BYTES];
  Snapshot *base;
  u32 len;
  u64 txid = 0;
  int rc = snWriterBegin(s, &base);
  if (!rc) txid = snSnapshotTxid(base) + 1;
  for (u32 i = 0; !rc && i < KEYS; i++) {
    const u8 *old = snSnapshotRoot(base, &len);
    ExtentRef r;
    memset(fill, (int)(txid + i), sizeof fill);
    if (old) {
      snExtentRefGet(old + i * EXTENT_REF_BYTES, &r);
      rc = snWriterFree(s, &r);
    }
    if (!rc) rc = snWriterPut(s, fill, pinLen(txid, i), i, &r);
    snExtentRefPut(root + i * EXTENT_REF_BYTES, &r);
  }
  if (!rc) rc = snWriterCommit(s, root, sizeof root, NULL, 0);
  if (rc) snWriterRollback(s);
  return rc ? 0 : txid;
}

static bool pinWhole(Store *s, Snapshot *n) {
  u64 txid = snSnapshotTxid(n);
  u32 len;
  const u8 *root = snSnapshotRoot(n, &len), *p;
  if (!txid) return !root && !len;
  for (u32 i = 0; i < KEYS; i++) {
    Extent *e = NULL;
    ExtentRef r;
    bool good;
    snExtentRefGet(root + i * EXTENT_REF_BYTES, &r);
    good = !snExtentOpen(s, &r, &e) && snExtentLen(e) == pinLen(txid, i)
        && !snExtentGet(e, 0, snExtentLen(e), &p);
    for (u64 k = 0; good && k < r.len; k++) good = p[k] == (u8)(txid + i);
    snExtentDrop(e);
    if (!good) return false;
  }
  return true;
}

/* ---- 1: the oldest ------------------------------------------------------ */

static void oldestGroup(Vfs *v, u32 rounds) {
  Store *s[HANDLES] = {0};
  Snapshot *held[HELD] = {0};
  u32 owner[HELD] = {0};
  u64 newest = 0, out;
  bool good = true;
  v->remove(v, path);
  for (u32 i = 0; good && i < HANDLES; i++) good = (s[i] = pinOpen(v)) != NULL;
  for (u32 i = 0; good && i < rounds; i++) {
    u32 k = (u32)upTo(HELD), h = (u32)upTo(HANDLES);
    u64 want = UINT64_MAX;
    if (!upTo(3)) {
      newest = pinCommit(s[h]);
      good = newest > 0;
    } else if (!held[k]) {
      u32 other = (u32)upTo(HELD);
      owner[k] = h;
      if (held[other] && !upTo(3)) { /* one that is held, once more */
        held[k] = snSnapshotKeep(held[other]);
        owner[k] = owner[other];
      } else {
        good = !snSnapshotOpen(s[h], held + k)
            && snSnapshotTxid(held[k]) == newest;
      }
    } else {
      good = pinWhole(s[owner[k]], held[k]);
      snSnapshotDrop(held[k]);
      held[k] = NULL;
    }
    for (u32 j = 0; j < HELD; j++) {
      u64 t = held[j] ? snSnapshotTxid(held[j]) : 0;
      if (t) want = SN_MIN(want, t);
    }
    for (u32 j = 0; good && j < HANDLES; j++) {
      good = !snSnapshotOldest(s[j], &out) && out == want;
    }
    if (!good) printf("# round %u\n", i);
  }
  ok(good, v->name);
  for (u32 k = 0; k < HELD; k++) snSnapshotDrop(held[k]);
  ok(!snSnapshotOldest(s[0], &out) && out == UINT64_MAX,
      "an idle handle pins nothing");
  for (u32 i = 0; i < HANDLES; i++) snStoreClose(s[i]);
  v->remove(v, path);
}

/* ---- 2: processes ------------------------------------------------------- */

/* Pins, tells which state, looks at it whenever it is told to; at the end of
** the pipe it drops it and goes: 0 when all was well. */
static int readerLife(int in, int out) {
  Store *s = pinOpen(snOsUnix());
  Snapshot *n = NULL;
  u64 txid;
  char c;
  if (!s || snSnapshotOpen(s, &n)) return 1;
  txid = snSnapshotTxid(n);
  if (write(out, &txid, sizeof txid) != sizeof txid) return 2;
  while (read(in, &c, 1) == 1) {
    Snapshot *m = NULL;
    if (!pinWhole(s, n)) return 3;
    if (snSnapshotOpen(s, &m) || !pinWhole(s, m)) return 4;
    if (snSnapshotTxid(m) < txid) return 5;
    snSnapshotDrop(m);
    if (write(out, &c, 1) != 1) return 2;
  }
  if (!pinWhole(s, n)) return 6;
  snSnapshotDrop(n);
  snStoreClose(s);
  return 0;
}

typedef struct Reader {
  pid_t pid;
  int to, from;
  u64 txid;
} Reader;

static int ends[8]; /* of pipes, open in the parent */

static bool readerStart(Reader *r) {
  int a[2], b[2];
  if (pipe(a) || pipe(b)) return false;
  r->pid = fork();
  if (!r->pid) {
    close(a[1]);
    close(b[0]);
    for (u32 i = 0; i < SN_COUNT(ends); i++) {
      if (ends[i]) close(ends[i]); /* or else its end is never seen */
    }
    _exit(readerLife(a[0], b[1]));
  }
  close(a[0]);
  close(b[1]);
  r->to = a[1];
  r->from = b[0];
  for (u32 i = 0; i < SN_COUNT(ends); i++) {
    if (ends[i]) continue;
    ends[i] = r->to;
    break;
  }
  return read(r->from, &r->txid, sizeof r->txid) == sizeof r->txid;
}

static bool readerLooks(Reader *r) {
  char c = 'l';
  return write(r->to, &c, 1) == 1 && read(r->from, &c, 1) == 1;
}

static int readerEnd(Reader *r) {
  int status = 0;
  for (u32 i = 0; i < SN_COUNT(ends); i++) {
    if (ends[i] == r->to) ends[i] = 0;
  }
  close(r->to);
  close(r->from);
  waitpid(r->pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 99;
}

/* The handle of the parent is opened after each fork: a File and its locks
** belong to all who inherit it. */
static bool commits(u32 n, u64 *pages) {
  Store *s = pinOpen(snOsUnix());
  StoreInfo info = {0};
  bool good = s != NULL;
  if (good) snStoreSetSyncOff(s, true);
  for (u32 i = 0; good && i < n; i++) good = pinCommit(s) > 0;
  good = good && !snStoreInfo(s, &info);
  *pages = info.pages;
  snStoreClose(s);
  return good;
}

static u64 oldestNow(void) {
  Store *s = pinOpen(snOsUnix());
  u64 out = 0;
  if (snSnapshotOldest(s, &out)) out = 0;
  snStoreClose(s);
  return out;
}

static void processGroup(u32 rounds) {
  Reader early, late, doomed;
  u64 pages = 0, before, after;
  bool good = commits(5, &pages) && readerStart(&early);
  ok(good && early.txid == 5 && oldestNow() == 5, "a process pins state 5");
  good = commits(rounds, &pages) && readerLooks(&early)
      && readerStart(&late) && late.txid == 5 + rounds;
  ok(good && oldestNow() == 5, "another one comes later");
  for (u32 i = 0; good && i < 5; i++) {
    good = commits(rounds / 5, &pages) && readerLooks(&early)
        && readerLooks(&late);
  }
  ok(good, "both see their states, and newer ones");
  ok(readerEnd(&early) == 0 && oldestNow() == late.txid,
      "the first goes, the second stays");
  ok(readerEnd(&late) == 0 && oldestNow() == UINT64_MAX, "nobody is left");
  good = commits(10, &before) && commits(rounds, &after);
  ok(good && after == before, "their pages are used again");
  good = readerStart(&doomed) && oldestNow() == doomed.txid;
  kill(doomed.pid, SIGKILL);
  ok(good && readerEnd(&doomed) == 99 && oldestNow() == UINT64_MAX,
      "killed: it pins nothing");
  snOsUnix()->remove(snOsUnix(), path);
}

/* ---- 4: empty ----------------------------------------------------------- */

static void emptyGroup(Vfs *v) {
  Store *r = pinOpen(v), *w = pinOpen(v);
  Snapshot *n = NULL, *m = NULL;
  u64 out = 0;
  ok(!snSnapshotOpen(r, &n) && !snSnapshotOldest(w, &out)
      && out == UINT64_MAX, "the empty state pins nothing");
  ok(pinCommit(w) == 1 && pinCommit(w) == 2 && snSnapshotTxid(n) == 0
      && pinWhole(r, n), "and stays empty");
  ok(!snSnapshotOpen(r, &m) && snSnapshotTxid(m) == 2 && pinWhole(r, m)
      && !snSnapshotOldest(w, &out) && out == 2, "beside it the newest");
  snSnapshotDrop(n);
  snSnapshotDrop(m);
  snStoreClose(r);
  snStoreClose(w);
  v->remove(v, path);
}

int main(void) {
  bool quick = getenv("SEINE_QUICK") != NULL;
  u32 x = 0;
  snOsUnix()->random(snOsUnix(), &x, sizeof x);
  snprintf(path, sizeof path, "pin_test-%08x.tmp", x);
  oldestGroup(snOsMemory(), quick ? 500 : 3000);
  oldestGroup(snOsUnix(), quick ? 100 : 300);
  processGroup(quick ? 50 : 300);
  emptyGroup(snOsMemory());
  emptyGroup(snOsUnix());
  printf("1..%d\n", pinCount);
  return pinBad != 0;
}
