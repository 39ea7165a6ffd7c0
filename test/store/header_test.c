/*
** How a file becomes a database: what a file may be when it is opened, and
** what becomes of it when its creation fails anywhere.
**   1  files that are nobody's, or ours and young: empty, and made anew
**   2  files of others, and ours that were cut: refused
**   3  each allocation and each call of opening and creating fails, once and
**      from then on: the file is empty still, or whole; never refused
*/
#include "store/toy.h"

#define FIVE ((u64)STORE_FIRST * SN_PAGE)

typedef enum HeaderLife {
  NOBODY,  /* no file */
  YOUNG,   /* a database without a commit */
  COMMITS, /* with one */
  CLAIMS   /* ... whose confirmation is gone */
} HeaderLife;

/* Of what was one of these bytes [from, to) are turned by x; then the file has
** `size` bytes. */
typedef struct HeaderFile {
  HeaderLife was;
  u64 from, to;
  u8 x;
  u64 size;
  int rc;       /* of a reader */
  const char *name;
} HeaderFile;

static const HeaderFile headerFiles[] = {
  {NOBODY, 0, 0, 0, 0, SEINE_OK, "no byte"},
  {NOBODY, 0, 0, 0, 100, SEINE_OK, "100 zeros"},
  {NOBODY, 0, 0, 0, FIVE, SEINE_OK, "five pages of zeros"},
  {NOBODY, 0, 200, 1, FIVE, SEINE_OK, "a header that was torn"},
  {YOUNG, 0, 0, 0, FIVE, SEINE_OK, "one that has not grown"},
  {YOUNG, 50, 51, 9, FIVE, SEINE_OK, "a checksum of it that was torn"},
  {YOUNG, 9000, 9100, 9, FIVE, SEINE_OK, "slots of an earlier life"},
  {YOUNG, SN_PAGE, 2 * SN_PAGE, 9, FIVE, SEINE_OK, "no genesis record"},
  {NOBODY, 0, 200, 1, FIVE - 1, SEINE_NOTADB, "a byte less"},
  {NOBODY, 0, 200, 1, 200, SEINE_NOTADB, "200 bytes"},
  {NOBODY, 0, 0, 0, FIVE + 1, SEINE_NOTADB, "zeros, a byte more"},
  {NOBODY, 9000, 9001, 1, FIVE, SEINE_NOTADB, "a byte in a slot"},
  {YOUNG, 50, 51, 9, FIVE + SN_PAGE, SEINE_CORRUPT,
    "a header damaged, of a file that has grown"},
  {COMMITS, 0, 0, 0, FIVE, SEINE_CORRUPT, "a commit, and then cut"},
  {CLAIMS, 0, 0, 0, FIVE, SEINE_CORRUPT, "a claim alone, and then cut"},
};

static const HeaderFile *headerNow;

/* Erases the confirmations. */
static int headerClaims(Store *s) {
  int rc = snSlotRead(s, &s->scratch);
  for (u32 i = 0; !rc && i < STORE_SLOTS; i++)
    if (s->scratch.rec[i].flags & SLOT_CONF)
      rc = snSlotErase(s, &s->scratch, i);
  return rc;
}

/* Makes the file what headerNow says, before s has looked at it again. */
static int headerMake(Store *s) {
  const HeaderFile *h = headerNow;
  static u8 x[SN_PAGE];
  File *f = NULL;
  int rc = SEINE_OK;
  (void)s;
  if (h->was != NOBODY) {
    Store *own = toyOpen(&probeVfs);
    rc = toyBegin(own);
    if (!rc) rc = toyPut(own, 0, 10);
    if (h->was >= COMMITS) rc = toyOver(own, rc);
    else snWriterRollback(own);
    if (!rc && h->was == CLAIMS) rc = headerClaims(own);
    snStoreClose(own);
  }
  if (!rc) rc = probeBelow->open(probeBelow, toyPath, OS_CREATE, &f);
  if (rc) return rc;
  u64 n = h->to - h->from;
  memset(x, 0, sizeof x);
  if (n && h->was != NOBODY) rc = f->ops->read(f, h->from, x, n);
  for (u64 i = 0; i < n; i++) x[i] ^= h->x;
  if (!rc && n) rc = f->ops->write(f, h->from, x, n);
  if (!rc) rc = f->ops->truncate(f, h->size);
  f->ops->close(f);
  return rc;
}

static int headerOpen(Store **s) {
  StoreConfig c = {.vfs = &probeVfs, .path = toyPath, .create = true,
      .message = toyMessage};
  int rc = snStoreOpen(&c, s);
  if (!rc) snWriterSetWalk(*s, toyWalk, NULL);
  return rc;
}

/* Opens it, as one who was not there before, and commits. */
static int headerScene(Store *s) {
  Store *own = NULL;
  Snapshot *n = NULL;
  int rc = headerOpen(&own);
  (void)s;
  if (!rc) rc = snSnapshotOpen(own, &n);
  snSnapshotDrop(n);
  if (!rc) rc = toyBegin(own);
  if (!rc) rc = toyOver(own, toyPut(own, 0, 5000));
  snStoreClose(own);
  return rc;
}

/* ---- 1 and 2 ------------------------------------------------------------ */

static void openGroup(void) {
  for (u32 i = 0; i < SN_COUNT(headerFiles); i++) {
    const HeaderFile *h = headerNow = headerFiles + i;
    Store *s = toyFresh(NULL), *own = NULL;
    Snapshot *n = NULL;
    bool good = !headerMake(s);
    snStoreClose(s);
    toySaid[0] = 0;
    int rc = headerOpen(&own);
    if (!rc) rc = snSnapshotOpen(own, &n);
    good = good && rc == h->rc && (!rc || *toySaid)
        && (rc || !snSnapshotTxid(n));
    snSnapshotDrop(n);
    snStoreClose(own);
    own = NULL;
    if (!h->rc) good = good && !headerScene(NULL) && !headerOpen(&own)
        && toyWhole(own) && toyPages(own) == STORE_FIRST + 3;
    toyOk(good || toyNo("rc", (u64)rc, i), h->name);
    snStoreClose(own);
  }
}

/* ---- 3 ------------------------------------------------------------------ */

static void faultGroup(void) {
  for (u32 i = 0; i < SN_COUNT(headerFiles); i++) {
    char name[80];
    headerNow = headerFiles + i;
    if (headerNow->rc) continue;
    snprintf(name, sizeof name, "faults: %s", headerNow->name);
    toyFaults(headerMake, headerScene, name);
  }
}

/* What is refused is so when a call fails as well, or for that. */
static void refuseGroup(void) {
  for (u32 i = 0; i < SN_COUNT(headerFiles); i++) {
    const HeaderFile *h = headerNow = headerFiles + i;
    bool good = true;
    if (!h->rc) continue;
    for (int kind = 0; good && kind <= TOY_MEMORY; kind++) {
      for (u64 k = 1; good && k < 12; k++) {
        Store *s = toyFresh(headerMake);
        toyFail(kind, k, false);
        int rc = headerScene(NULL);
        toyFail(kind, 0, false);
        good = rc == h->rc || rc == SEINE_NOMEM || rc == SEINE_IOERR
            || rc == SEINE_CANTOPEN || rc == SEINE_FULL;
        good = good && headerScene(NULL) == h->rc;
        if (!good) toyNo(toyKind(kind), k, (u64)rc);
        snStoreClose(s);
      }
    }
    toyOk(good, h->name);
  }
}

int main(void) {
  toyName("header_test");
  probeOver(snOsMemory());
  openGroup();
  faultGroup();
  refuseGroup();
  return toyDone();
}
