/*
** Forged files: each field of the header, of the slots and of the root gets a
** value that it cannot have, with all checksums made right again, so that the
** checks behind them are reached.
**   1 page 0: magic, versions, page size, and the checksum; what a newer
**     format may do
**   2 records: each field of the newest claim and confirmation
**   3 an unconfirmed claim that lies falls back to the state before, and
**     never below its base
**   4 the root: txid, lengths, graveyard entries; the catalog behind it
**   5 random words anywhere in the head of a slot or a root: no crash; which
**     state opens is not asked
** In 1 to 4 each opens as the newest state or the one before it, with all its
** bytes, or is refused with a code and a message.
** The offsets are those of doc/fileformat.md.
*/
#include "store/storeInt.h"

#define KEYS 3u

static int forgeCount, forgeBad;
static char said[300];

static void ok(bool good, const char *what) {
  forgeCount++;
  if (!good) forgeBad++;
  printf("%sok %d - %s\n", good ? "" : "not ", forgeCount, what);
  if (!good) printf("# said: %s\n", said);
}

static void message(void *arg, const char *text) {
  (void)arg;
  snprintf(said, sizeof said, "%s", text);
}

static u64 forgeSeed = 7;
static u64 upTo(u64 n) {
  forgeSeed = forgeSeed * 6364136223846793005ull + 1442695040888963407ull;
  return (forgeSeed >> 33) % n;
}

/* ---- the good file ------------------------------------------------------ */

static char path[40];
static u8 *good, *bytes; /* the good file, the forged one */
static u64 size, seed; /* seed: of all checksums in it */
static ExtentRef held[KEYS], rootRef;

static int forgeWalk(void *arg, Snapshot *base,
    int (*seen)(void *, const ExtentRef *), void *seen_arg) {
  u32 len;
  const u8 *p = snSnapshotRoot(base, &len);
  int rc = SEINE_OK;
  (void)arg;
  if (len % EXTENT_REF_BYTES) return SEINE_CORRUPT;
  for (u32 i = 0; !rc && i < len; i += EXTENT_REF_BYTES) {
    ExtentRef r;
    snExtentRefGet(p + i, &r);
    if (r.page) rc = seen(seen_arg, &r);
  }
  return rc;
}

static int forgeOpen(Store **s) {
  StoreConfig c = {0};
  int rc;
  c.vfs = snOsMemory();
  c.path = path;
  c.create = true;
  c.message = message;
  rc = snStoreOpen(&c, s);
  if (!rc) snWriterSetWalk(*s, forgeWalk, NULL);
  return rc;
}

/* State t holds in key t % KEYS an extent of 5,000 bytes t. */
static int forgeCommit(Store *s, u8 t, u64 len) {
  static u8 fill[70000];
  u8 root[KEYS * EXTENT_REF_BYTES];
  ExtentRef old = held[t % KEYS];
  Snapshot *base;
  int rc = snWriterBegin(s, &base);
  memset(fill, t, sizeof fill);
  if (!rc) rc = snWriterPut(s, fill, len, t, held + t % KEYS);
  if (!rc && old.page) rc = snWriterFree(s, &old);
  for (u32 i = 0; i < KEYS; i++) {
    snExtentRefPut(root + i * EXTENT_REF_BYTES, held + i);
  }
  if (!rc) rc = snWriterCommit(s, root, sizeof root, NULL, 0);
  if (rc) snWriterRollback(s);
  return rc;
}

#define LAST 7u /* the newest state */

static bool forgeMake(void) {
  Vfs *v = snOsMemory();
  Store *s = NULL;
  File *f = NULL;
  bool fine = !forgeOpen(&s);
  for (u8 t = 1; fine && t <= LAST; t++) fine = !forgeCommit(s, t, 5000);
  seed = s->seed;
  snStoreClose(s);
  fine = fine && !v->open(v, path, 0, &f) && !f->ops->size(f, &size);
  good = calloc(1, size);
  bytes = calloc(1, size);
  fine = fine && good && bytes && !f->ops->read(f, 0, good, size);
  if (f) f->ops->close(f);
  return fine;
}

static void forgeWrite(void) {
  Vfs *v = snOsMemory();
  File *f = NULL;
  v->remove(v, path);
  if (v->open(v, path, OS_CREATE, &f)) exit(1);
  if (f->ops->write(f, 0, bytes, size)) exit(1);
  f->ops->close(f);
}

/* ---- what it opens as --------------------------------------------------- */

/* Every extent of state t is as it was committed. */
static bool stateWhole(Store *s, Snapshot *n) {
  u64 txid = snSnapshotTxid(n);
  u32 len;
  const u8 *root = snSnapshotRoot(n, &len), *p;
  if (len != KEYS * EXTENT_REF_BYTES) return false;
  for (u64 t = txid - KEYS + 1; t <= txid; t++) {
    Extent *e = NULL;
    ExtentRef r;
    bool fine;
    snExtentRefGet(root + t % KEYS * EXTENT_REF_BYTES, &r);
    fine = r.len == 5000 && !snExtentOpen(s, &r, &e)
        && !snExtentGet(e, 0, 5000, &p) && p[0] == t && p[4999] == t;
    snExtentDrop(e);
    if (!fine) return false;
  }
  return true;
}

/* The txid that the forged file opens with, -rc when it is refused, 1000
** when its state is not whole, told or not.  A writer then commits;
** 2000 when that harms. */
static int opensAs(bool write) {
  Store *s = NULL;
  Snapshot *n = NULL;
  int rc, txid;
  forgeWrite();
  said[0] = 0;
  rc = forgeOpen(&s);
  if (!rc) rc = snSnapshotOpen(s, &n);
  txid = rc ? -rc : (int)snSnapshotTxid(n);
  if (!rc && txid && !stateWhole(s, n)) txid = 1000;
  if (!rc && txid && txid != 1000) {
    u32 len;
    const u8 *root = snSnapshotRoot(n, &len);
    for (u32 i = 0; i < KEYS; i++) {
      snExtentRefGet(root + i * EXTENT_REF_BYTES, held + i);
    }
  }
  snSnapshotDrop(n);
  if (rc && !said[0]) txid = 3000; /* refused without a word */
  if (!rc && write && txid > 0 && txid < 1000) {
    rc = forgeCommit(s, (u8)(txid + 1), 5000);
    n = NULL;
    if (!rc && (snSnapshotOpen(s, &n) || !stateWhole(s, n))) txid = 2000;
    if (rc && rc != SEINE_CORRUPT && rc != SEINE_MISUSE
        && rc != SEINE_READONLY && rc != SEINE_FULL) txid = 2000;
    snSnapshotDrop(n);
  }
  snStoreClose(s);
  return txid;
}

/* ---- forging ------------------------------------------------------------ */

static void forgeFresh(void) { memcpy(bytes, good, size); }

static u64 hashOf(const u8 *p, u64 n, u64 with) {
  return snHash(p, (size_t)n, with);
}

static void sumHeader(void) { snPut64(bytes + 48, hashOf(bytes, 48, 0)); }

static void sumSlot(u32 i) {
  u8 *p = bytes + (i + 1) * (size_t)SN_PAGE;
  snPut64(p + 4088, hashOf(p, 4088, seed));
}

/* The slot with the newest claim or confirmation. */
static u32 slotOf(bool confirmation, u64 txid) {
  for (u32 i = 0; i < 4; i++) {
    const u8 *p = good + (i + 1) * (size_t)SN_PAGE;
    if (snGet64(p + 8) == txid
        && (snGet32(p + 16) & 1) == (confirmation ? 1u : 0u)) return i;
  }
  return 4;
}

/* Makes the newest state unconfirmed: its confirmation was torn. */
static void tearConfirmation(void) {
  u32 i = slotOf(true, LAST);
  bytes[(i + 1) * (size_t)SN_PAGE + 2000] ^= 1;
}

/* Seals the root anew: checksums of its extent, and all references to it. */
static void sumRoot(u64 len) {
  u64 page = rootRef.page, e, sum, c;
  u8 two[16], *p = bytes + page * SN_PAGE;
  snPut64(two, page);
  snPut64(two + 8, rootRef.seed);
  e = hashOf(two, 16, seed);
  c = hashOf(p, len, e + 1);
  snPut64(p + len, c);
  sum = hashOf(p + len, 8, e);
  for (u32 i = 0; i < 4; i++) {
    u8 *s = bytes + (i + 1) * (size_t)SN_PAGE;
    if (snGet64(s + 8) != LAST) continue;
    snPut64(s + 32, len);
    snPut64(s + 40, rootRef.seed);
    snPut64(s + 48, sum);
    for (u32 k = 0; k < SN_MIN(snGet32(s + 76), 125); k++) {
      u8 *r = s + 80 + 32 * k;
      if (snGet64(r) != page) continue;
      snPut64(r + 8, len);
      snPut64(r + 16, rootRef.seed);
      snPut64(r + 24, sum);
    }
    sumSlot(i);
  }
}

/* ---- 1: page 0 ---------------------------------------------------------- */

static void headerGroup(void) {
  static const struct {
    u32 at, bytes;
    u64 value;
    int want;
    const char *what;
  } table[] = {
    {0, 1, 'X', -SEINE_NOTADB, "magic, first byte"},
    {15, 1, 1, -SEINE_NOTADB, "magic, last byte"},
    {16, 4, 2, LAST, "a newer format that may be read"},
    {16, 4, UINT32_MAX, LAST, "the newest format that may be read"},
    {20, 4, 2, -SEINE_CANTOPEN, "a format for newer readers"},
    {20, 4, UINT32_MAX, -SEINE_CANTOPEN, "for the newest readers"},
    {24, 4, 0, -SEINE_CORRUPT, "page size 0"},
    {24, 4, 4095, -SEINE_CORRUPT, "page size 4095"},
    {24, 4, 8192, -SEINE_CORRUPT, "page size 8192"},
    {24, 4, UINT32_MAX, -SEINE_CORRUPT, "page size of all ones"},
    {32, 4, 0x12345678, -SEINE_CORRUPT, "another uuid: no slot is true"},
  };
  Store *s = NULL;
  Snapshot *base = NULL;
  for (u32 i = 0; i < SN_COUNT(table); i++) {
    u8 *p = bytes + table[i].at;
    forgeFresh();
    if (table[i].bytes == 1) *p = (u8)table[i].value;
    else snPut32(p, (u32)table[i].value);
    if (table[i].at >= 16) sumHeader();
    ok(opensAs(false) == table[i].want, table[i].what);
  }
  forgeFresh();
  snPut32(bytes + 16, 2);
  sumHeader();
  forgeWrite();
  ok(!forgeOpen(&s) && snWriterBegin(s, &base) == SEINE_READONLY && said[0],
      "a newer format is not written");
  snStoreClose(s);
  for (u32 at = 0; at < 56; at += 1) {
    forgeFresh();
    bytes[at] ^= 0x10;
    if (opensAs(false) != (at < 16 ? -SEINE_NOTADB : -SEINE_CORRUPT)) {
      ok(false, "a flipped bit of page 0");
      return;
    }
  }
  ok(true, "each byte of page 0, without its checksum");
}

/* ---- 2 and 3: records --------------------------------------------------- */

/* Values that break a field.  A number that no record can have makes the page
** torn, and it is passed over; one that is merely false is damage. */
static const struct {
  u32 at, bytes;
  u64 value;
  const char *what;
  bool passed;
} slotFields[] = {
  {0, 4, 0, "magic", true},
  {8, 8, 0, "txid 0 with a root", true},
  {8, 8, 1ull << 47, "txid 2^47", true},
  {8, 8, UINT64_MAX, "txid of all ones", true},
  {8, 8, 6, "txid of the state before", true},
  {8, 8, 8, "txid of the next state", false},
  {24, 8, 0, "root at page 0", true},
  {24, 8, 1, "root in a slot", false},
  {24, 8, 4, "root in the last slot", false},
  {24, 8, 1ull << 30, "root behind the file", false},
  {24, 8, 1ull << 52, "root at 2^52", false},
  {24, 8, UINT64_MAX, "root at the end of all", false},
  {32, 8, 0, "root of no bytes", false},
  {32, 8, 23, "root of 23 bytes", false},
  {32, 8, UINT64_MAX, "root of 2^64 - 1 bytes", false},
  {32, 8, 1ull << 60, "root of 2^60 bytes", false},
  {40, 8, 1, "another seed", false},
  {48, 8, 0, "another sum", false},
  {56, 8, 1ull << 40, "more pages than the file", false},
  {56, 8, (1ull << 44) + 1, "more pages than there can be", true},
  {56, 8, UINT64_MAX, "all pages", true},
  {64, 8, 8, "a base above it", true},
  {64, 8, UINT64_MAX, "a base of all ones", true},
  {72, 4, 4, "base slot 4", true},
  {72, 4, UINT32_MAX, "base slot of all ones", true},
  {76, 4, 126, "126 references", true},
  {76, 4, UINT32_MAX, "references of all ones", true},
};

static void slotForge(u32 slot, u32 field) {
  u8 *p = bytes + (slot + 1) * (size_t)SN_PAGE + slotFields[field].at;
  if (slotFields[field].bytes == 8) snPut64(p, slotFields[field].value);
  else snPut32(p, (u32)slotFields[field].value);
  sumSlot(slot);
}

static void slotGroup(void) {
  u32 conf = slotOf(true, LAST), claim = slotOf(false, LAST);
  char text[100];
  for (u32 i = 0; i < SN_COUNT(slotFields); i++) {
    int one, both, late;
    forgeFresh();
    slotForge(conf, i);
    one = opensAs(true);
    forgeFresh();
    slotForge(claim, i);
    slotForge(conf, i);
    both = opensAs(true);
    forgeFresh(); /* unconfirmed: the other way of reading a claim */
    tearConfirmation();
    slotForge(claim, i);
    late = opensAs(true);
    snprintf(text, sizeof text, "%s: %d, %d, %d", slotFields[i].what, one,
        both, late);
    if (slotFields[i].passed) {
      /* Of two states with that number it may take the false one, and say so */
      bool twin = slotFields[i].value == LAST - 1;
      ok(one == LAST && late == LAST - 1
          && (both == LAST - 1 || (twin && both == -SEINE_CORRUPT)), text);
    } else {
      ok(one == -SEINE_CORRUPT && both == one
          && (late == one || late == LAST - 1), text);
    }
  }
}

static void fallGroup(void) {
  u32 claim = slotOf(false, LAST);
  u8 *p = bytes + (claim + 1) * (size_t)SN_PAGE;
  u64 page;
  forgeFresh();
  tearConfirmation();
  ok(opensAs(true) == LAST, "unconfirmed and whole: taken");
  for (u32 k = 0; k < 2; k++) {
    forgeFresh();
    tearConfirmation();
    page = snGet64(p + 80 + 32 * k);
    bytes[page * SN_PAGE + 3] ^= 4;
    ok(opensAs(true) == LAST - 1, "unconfirmed, an extent lost: the older");
  }
  forgeFresh();
  bytes[snGet64(p + 24) * SN_PAGE + 3] ^= 4;
  ok(opensAs(false) == -SEINE_CORRUPT,
      "confirmed, its root lost: damage, not a commit under way");
  forgeFresh();
  tearConfirmation();
  snPut32(p + 76, 0);
  sumSlot(claim);
  ok(opensAs(true) == LAST - 1, "unconfirmed, no list: proves nothing");
  forgeFresh();
  tearConfirmation();
  bytes[snGet64(p + 80) * SN_PAGE] ^= 1;
  for (u32 i = 0; i < 4; i++) {
    if (snGet64(good + (i + 1) * (size_t)SN_PAGE + 8) != LAST - 1) continue;
    bytes[(i + 1) * (size_t)SN_PAGE + 100] ^= 1;
  }
  ok(opensAs(false) == -SEINE_CORRUPT, "its base gone too: damage");
  forgeFresh();
  for (u32 i = 1; i <= 4; i++) memset(bytes + i * SN_PAGE, 0, SN_PAGE);
  ok(opensAs(false) == -SEINE_CORRUPT, "four slots never written");
}

/* ---- 4: the root -------------------------------------------------------- */

/* A rider on such a root would be in the file, and nobody could read it: with
** a delta the seed is what a root is known by. */
static void seedGroup(void) {
  static const u64 seeds[] = {0, LAST - 1, LAST + 1, UINT64_MAX};
  u64 was = rootRef.seed;
  for (u32 i = 0; i < SN_COUNT(seeds); i++) {
    forgeFresh();
    rootRef.seed = seeds[i];
    sumRoot(rootRef.len);
    ok(opensAs(false) == -SEINE_CORRUPT, "a root of another seed");
    snPut64(bytes + rootRef.page * SN_PAGE, seeds[i]);
    sumRoot(rootRef.len);
    ok(opensAs(false) == -SEINE_CORRUPT, "... and of the txid of that");
  }
  rootRef.seed = was;
  forgeFresh();
  sumRoot(rootRef.len);
  ok(opensAs(true) == LAST, "... and of its own");
}

static void rootGroup(void) {
  u64 len = rootRef.len, page = rootRef.page;
  u32 graves = snGet32(good + page * SN_PAGE + 8);
  const struct {
    u64 at, bytes, value;
    const char *what;
    bool writer; /* only a writer looks there */
  } table[] = {
    {0, 8, LAST - 1, "txid of another state", false},
    {0, 8, 0, "txid 0", false},
    {8, 4, graves + 1, "a grave too many", false},
    {8, 4, UINT32_MAX, "graves of all ones", false},
    {12, 4, 0, "no catalog", false},
    {12, 4, UINT32_MAX, "a catalog of 4 GiB", false},
    {24, 8, 0, "a grave in the header", true},
    {24, 8, 4, "a grave in a slot", true},
    {24, 8, UINT64_MAX, "a grave at the end of all", true},
    {24, 8, held[0].page, "a grave on a living extent", true},
    {24, 8, page, "a grave on the root", true},
    {32, 8, 0, "a grave of no pages", true},
    {32, 8, UINT64_MAX, "a grave of all pages", true},
    {32, 8, 1u << 20, "a grave behind the file", true},
    {40, 8, LAST + 1, "a grave freed in the future", true},
    {40, 8, UINT64_MAX, "a grave freed at the end of time", true},
  };
  ok(graves > 0, "there is a graveyard");
  for (u32 i = 0; i < SN_COUNT(table); i++) {
    u8 *p = bytes + page * SN_PAGE + table[i].at;
    Store *s = NULL;
    int as;
    forgeFresh();
    if (table[i].bytes == 8) snPut64(p, table[i].value);
    else snPut32(p, (u32)table[i].value);
    sumRoot(len);
    as = opensAs(false);
    if (!table[i].writer) {
      ok(as == -SEINE_CORRUPT, table[i].what);
      continue;
    }
    forgeOpen(&s);
    said[0] = 0;
    ok(as == LAST && forgeCommit(s, LAST + 1, 5000) == SEINE_CORRUPT
        && said[0], table[i].what);
    snStoreClose(s);
  }
  forgeFresh();
  snPut64(bytes + page * SN_PAGE + len - KEYS * EXTENT_REF_BYTES, page);
  sumRoot(len);
  ok(opensAs(true) == 1000, "the catalog names the root: its reader tells");
  seedGroup();
  for (u64 n = 0; n <= 23; n += n < 16 ? 8 : 7) {
    forgeFresh();
    sumRoot(n);
    ok(opensAs(false) == -SEINE_CORRUPT, "a root without a head");
  }
}

/* ---- 5: random ---------------------------------------------------------- */

static void randomGroup(u32 rounds) {
  static const u64 odd[] = {0, 1, 4, 5, 6, 7, 8, 125, 4096, UINT32_MAX,
    1ull << 44, 1ull << 47, 1ull << 63, UINT64_MAX};
  u32 refused = 0, older = 0;
  bool fine = true;
  for (u32 i = 0; fine && i < rounds; i++) {
    int as;
    forgeFresh();
    for (u64 k = upTo(3) + 1; k > 0; k--) {
      u64 v = odd[upTo(SN_COUNT(odd))];
      u32 slot = (u32)upTo(4);
      if (upTo(3)) {
        u8 *p = bytes + (slot + 1) * (size_t)SN_PAGE;
        snPut32(p + 4 * (2 + upTo(30)), (u32)v);
        if (upTo(2)) snPut64(p + 8 * (1 + upTo(14)), v);
        sumSlot(slot);
      } else {
        snPut64(bytes + rootRef.page * SN_PAGE + 8 * upTo(12), v);
        sumRoot(rootRef.len);
      }
    }
    if (!upTo(2)) tearConfirmation();
    as = opensAs(true);
    refused += as < 0;
    older += as > 0 && as < (int)LAST;
    fine = as <= 1000;
    if (!fine) printf("# round %u: %d\n", i, as);
  }
  printf("# %u refused, %u fell back\n", refused, older);
  ok(fine && refused > rounds / 20, "random words");
}

/* Forged slots contradict each other: which of them is needed is not known. */
static void forgeTold(const char *text) { (void)text; }

int main(void) {
  u32 x = 0;
  const u8 *p;
  snWatchTell(forgeTold);
  snOsUnix()->random(snOsUnix(), &x, sizeof x);
  snprintf(path, sizeof path, "forge_test-%08x.tmp", x);
  ok(forgeMake() && slotOf(false, LAST) < 4 && slotOf(true, LAST) < 4,
      "the good file");
  p = good + (slotOf(false, LAST) + 1) * (size_t)SN_PAGE;
  snExtentRefGet(p + 24, &rootRef);
  forgeFresh();
  ok(opensAs(true) == LAST, "opens as what it is");
  headerGroup();
  slotGroup();
  fallGroup();
  rootGroup();
  randomGroup(getenv("SEINE_QUICK") ? 300 : 2000);
  snOsMemory()->remove(snOsMemory(), path);
  free(good);
  free(bytes);
  printf("1..%d\n", forgeCount);
  return forgeBad != 0;
}
