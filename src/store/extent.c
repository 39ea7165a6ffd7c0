/*
** What stands in extent x?  References, checksums, reading and writing.
**
** An extent is a run of pages: payload, then one 64-bit checksum for each
** 64 KiB chunk of it, then zeros up to the page.  A checksum is seeded with
** (uuid, first page, seed of the reference) and the chunk's number, so that a
** page that was recycled, or lies elsewhere, cannot pass.  The reference
** holds the checksum of the checksums.  A reference is 32 bytes: page,
** length, seed, sum.
**
** Invariants:
** (1) At least SN_SLACK bytes lie behind the payload inside the pages.
** (2) No byte is handed out before its chunk and the table were verified.
** (3) A map never reaches beyond the end of the file.
*/
#include "store/storeInt.h"

#define EXTENT_PIECE ((u64)16 * STORE_CHUNK)

struct Extent {
  Store *store;
  ExtentRef ref;
  bool table_good;
  u64 seed;
  u64 nchunks;
  u8 *memory;       /* private: read chunk by chunk when it is not whole */
  const u8 *map;
  const u8 *bytes;  /* one of the two */
  u64 *good;        /* a bit for each verified chunk; NULL: all are */
  bool doubtful;    /* not all of them, in truth */
};

/* ---- references --------------------------------------------------------- */

void snExtentRefPut(u8 *p, const ExtentRef *r) {
  snPut64(p, r->page);
  snPut64(p + 8, r->len);
  snPut64(p + 16, r->seed);
  snPut64(p + 24, r->sum);
}

void snExtentRefGet(const u8 *p, ExtentRef *r) {
  r->page = snGet64(p);
  r->len = snGet64(p + 8);
  r->seed = snGet64(p + 16);
  r->sum = snGet64(p + 24);
}

bool snExtentSame(const ExtentRef *a, const ExtentRef *b) {
  return a->page == b->page && a->len == b->len && a->seed == b->seed &&
      a->sum == b->sum;
}

static u64 extentChunks(u64 len) {
  return len / STORE_CHUNK + (len % STORE_CHUNK != 0);
}

/* A length no file can hold gives a number of pages no file can hold. */
u64 snExtentPages(u64 len) {
  u64 tail;
  if (len > (u64)1 << 60) return STORE_MAX_PAGES * 2;
  tail = SN_MAX(8 * extentChunks(len), SN_SLACK);
  return (len + tail + SN_PAGE - 1) / SN_PAGE;
}

u64 snExtentSeed(const Store *s, u64 page, u64 seed) {
  u8 p[16];
  snPut64(p, page);
  snPut64(p + 8, seed);
  return snHash(p, sizeof p, s->seed);
}

static u64 extentChunkLen(u64 len, u64 i) {
  return SN_MIN(len - i * STORE_CHUNK, STORE_CHUNK);
}

static u64 extentChunkSum(u64 seed, u64 i, const void *p, u64 n) {
  return snHash(p, (size_t)n, seed + i + 1);
}

int snExtentInside(Store *s, const ExtentRef *r, bool *inside) {
  u64 n = snExtentPages(r->len);
  *inside = false;
  if (r->page < STORE_FIRST || r->page > STORE_MAX_PAGES) return SEINE_OK;
  if (n > STORE_MAX_PAGES) return SEINE_OK;
  return snStoreHas(s, (r->page + n) * SN_PAGE, inside);
}

/* ---- writing ------------------------------------------------------------ */

void snExtentTail(Buf *b, const u64 *sums, u64 nsums, u64 len) {
  u64 end = snExtentPages(len) * SN_PAGE - len;
  for (u64 i = 0; i < nsums; i++) snBufU64(b, sums[i]);
  snBufZero(b, (size_t)(end - 8 * nsums));
}

/* Writes the payload to the run of pages at r->page, sets r->sum.  Whole
** pages go out from the caller's memory, the last one together with the
** table of checksums. */
int snExtentWrite(Store *s, const void *p, ExtentRef *r) {
  const u8 *from = p;
  u64 n = extentChunks(r->len), seed = snExtentSeed(s, r->page, r->seed);
  u64 whole = r->len / SN_PAGE * SN_PAGE, at = r->page * SN_PAGE;
  u64 *sums = snMemAlloc(s->config.budget, (size_t)(n + 1) * 8);
  Buf b;
  int rc;
  if (!sums) return SN_NOMEM;
  snBufInit(&b, s->config.budget);
  for (u64 i = 0; i < n; i++) {
    const u8 *chunk = from + i * STORE_CHUNK;
    sums[i] = extentChunkSum(seed, i, chunk, extentChunkLen(r->len, i));
  }
  r->sum = snHash(sums, (size_t)n * 8, seed);
  if (whole <= STORE_CHUNK) whole = 0;
  if (r->len > whole) snBufAdd(&b, from + whole, (size_t)(r->len - whole));
  snExtentTail(&b, sums, n, r->len);
  rc = b.rc;
  if (!rc && whole) rc = snStoreWriteAt(s, at, from, (size_t)whole);
  if (!rc) rc = snStoreWriteAt(s, at + whole, b.data, b.n);
  snBufClear(&b);
  snMemFree(sums);
  return rc;
}

/* ---- reading a whole one ------------------------------------------------ */

static bool extentAllGood(const Store *s, const ExtentRef *r, const u8 *p) {
  u64 n = extentChunks(r->len), seed = snExtentSeed(s, r->page, r->seed);
  const u8 *table = p + r->len;
  if (snHash(table, (size_t)n * 8, seed) != r->sum) return false;
  for (u64 i = 0; i < n; i++) {
    const u8 *chunk = p + i * STORE_CHUNK;
    u64 sum = extentChunkSum(seed, i, chunk, extentChunkLen(r->len, i));
    if (sum != snGet64(table + 8 * i)) return false;
  }
  return true;
}

/* *out is NULL when it is not inside of the file, and the caller's. */
static int extentReadAll(Store *s, const ExtentRef *r, u8 **out, bool *good) {
  u64 bytes;
  u8 *p;
  int rc = snExtentInside(s, r, good);
  *out = NULL;
  if (rc || !*good) return rc;
  bytes = snExtentPages(r->len) * SN_PAGE;
  p = snMemAlloc(s->config.budget, (size_t)bytes);
  if (!p) return SN_NOMEM;
  rc = snStoreReadAt(s, r->page * SN_PAGE, p, (size_t)bytes);
  if (!rc) *good = extentAllGood(s, r, p);
  if (rc) snMemFree(p);
  else *out = p;
  return rc;
}

static int extentDamaged(Store *s, const ExtentRef *r) {
  return snStoreSay(s, SN_CORRUPT, "%s: the extent at page %llu is damaged",
      snStoreName(s), (unsigned long long)r->page);
}

/* Bytes without their checksum: an error, unless what can be is saved. */
static int extentDoubt(Store *s, const ExtentRef *r) {
  return snLostPass(s, extentDamaged(s, r), "the extent at page %llu does not "
      "have its checksum", (unsigned long long)r->page);
}

static int extentTake(Store *s, const ExtentRef *r, u8 **out, bool *good) {
  int rc = extentReadAll(s, r, out, good);
  if (rc || *good) return rc;
  rc = *out ? extentDoubt(s, r) : extentDamaged(s, r);
  if (!rc) return SEINE_OK;
  snMemFree(*out);
  *out = NULL;
  return rc;
}

int snExtentLoad(Store *s, const ExtentRef *r, u8 **out) {
  bool good;
  return extentTake(s, r, out, &good);
}

int snExtentProbe(Store *s, const ExtentRef *r, bool *good) {
  u8 *p = NULL;
  int rc = extentReadAll(s, r, &p, good);
  snMemFree(p);
  return rc;
}

/* ---- reading piece by piece --------------------------------------------- */

/* The table of checksums, verified; for an extent inside the file. */
static int extentSums(Store *s, const ExtentRef *r, u8 **out) {
  u64 n = extentChunks(r->len) * 8;
  u8 *p = *out = snMemAlloc(s->config.budget, (size_t)n + 8);
  int rc;
  if (!p) return SN_NOMEM;
  rc = n ? snStoreReadAt(s, r->page * SN_PAGE + r->len, p, (size_t)n)
         : SEINE_OK;
  if (rc) return rc;
  if (snHash(p, (size_t)n, snExtentSeed(s, r->page, r->seed)) == r->sum)
    return SEINE_OK;
  return extentDamaged(s, r);
}

static bool extentPiece(Store *s, const ExtentRef *r, const u8 *sums, u64 at,
    const u8 *p, u64 n) {
  u64 seed = snExtentSeed(s, r->page, r->seed);
  for (u64 k = 0; k < n; k += STORE_CHUNK) {
    u64 i = (at + k) / STORE_CHUNK;
    u64 sum = extentChunkSum(seed, i, p + k, extentChunkLen(r->len, i));
    if (sum != snGet64(sums + 8 * i)) return false;
  }
  return true;
}

int snExtentScan(Store *s, const ExtentRef *r,
    int (*take)(void *arg, const u8 *p, u64 n), void *arg) {
  u8 *sums = NULL, *p = NULL;
  bool inside;
  int rc = snExtentInside(s, r, &inside);
  if (!rc && !inside) rc = extentDamaged(s, r);
  if (!rc) rc = extentSums(s, r, &sums);
  if (!rc) p = snMemAlloc(s->config.budget, EXTENT_PIECE);
  if (!rc && !p) rc = SN_NOMEM;
  for (u64 at = 0; !rc && at < r->len; at += EXTENT_PIECE) {
    u64 n = SN_MIN(r->len - at, EXTENT_PIECE);
    rc = snStoreReadAt(s, r->page * SN_PAGE + at, p, (size_t)n);
    if (!rc && !extentPiece(s, r, sums, at, p, n)) rc = extentDamaged(s, r);
    if (!rc) rc = take(arg, p, n);
  }
  snMemFree(p);
  snMemFree(sums);
  return rc;
}

/* ---- reading in parts --------------------------------------------------- */

static void extentFree(Extent *e) {
  Store *s = e->store;
  if (e->map) {
    s->file->ops->unmap(s->file, e->map,
        (size_t)(snExtentPages(e->ref.len) * SN_PAGE));
  }
  snMemFree(e->memory);
  snMemFree(e->good);
  snMemFree(e);
}

/* A large extent: mapped, or memory that fills as it is asked for. */
static int extentOpenLarge(Extent *e) {
  Store *s = e->store;
  u64 bytes = snExtentPages(e->ref.len) * SN_PAGE;
  bool inside;
  int rc = snExtentInside(s, &e->ref, &inside);
  if (rc) return rc;
  if (!inside) return extentDamaged(s, &e->ref);
  e->good = snMemZero(s->config.budget, (size_t)((e->nchunks + 63) / 64) * 8);
  if (!e->good) return SN_NOMEM;
  if (!s->config.no_map) {
    rc = s->file->ops->map(s->file, e->ref.page * SN_PAGE, (size_t)bytes,
        &e->map);
    if (rc) return rc;
  }
  e->bytes = e->map;
  if (e->map) return SEINE_OK;
  e->memory = snMemAlloc(s->config.budget, (size_t)bytes);
  e->bytes = e->memory;
  return e->memory ? SEINE_OK : SN_NOMEM;
}

int snExtentOpen(Store *s, const ExtentRef *ref, Extent **out) {
  Extent *e;
  int rc;
  *out = NULL;
  e = snMemZero(s->config.budget, sizeof *e);
  if (!e) return SN_NOMEM;
  e->store = s;
  e->ref = *ref;
  e->seed = snExtentSeed(s, ref->page, ref->seed);
  e->nchunks = extentChunks(ref->len);
  if (ref->len <= STORE_CHUNK) {
    bool good = true;
    rc = extentTake(s, ref, &e->memory, &good);
    e->bytes = e->memory;
    e->doubtful = !good;
  } else {
    rc = extentOpenLarge(e);
  }
  if (rc) {
    extentFree(e);
    return rc;
  }
  s->extents++;
  *out = e;
  return SEINE_OK;
}

int snExtentMemory(Store *s, Buf *bytes, Extent **out) {
  size_t n = bytes->n;
  Extent *e = *out = NULL;
  snBufZero(bytes, SN_SLACK);
  if (!bytes->rc) e = snMemZero(s->config.budget, sizeof *e);
  if (!e) return SN_NOMEM;
  e->store = s;
  e->ref.len = n;
  e->memory = bytes->data;
  e->bytes = e->memory;
  snBufInit(bytes, bytes->budget);
  s->extents++;
  *out = e;
  return SEINE_OK;
}

void snExtentDrop(Extent *e) {
  if (!e) return;
  e->store->extents--;
  extentFree(e);
}

u64 snExtentLen(const Extent *e) { return e->ref.len; }

/* Brings [at, at+n) of the pages into the private memory. */
static int extentFill(Extent *e, u64 at, u64 n) {
  if (e->map) return SEINE_OK;
  return snStoreReadAt(e->store, e->ref.page * SN_PAGE + at, e->memory + at,
      (size_t)n);
}

static int extentTable(Extent *e) {
  int rc;
  if (e->table_good) return SEINE_OK;
  rc = extentFill(e, e->ref.len,
      snExtentPages(e->ref.len) * SN_PAGE - e->ref.len);
  if (rc) return rc;
  if (snHash(e->bytes + e->ref.len, (size_t)e->nchunks * 8, e->seed)
      != e->ref.sum) {
    rc = extentDoubt(e->store, &e->ref);
    e->doubtful = true;
  }
  e->table_good = !rc;
  return rc;
}

static int extentChunk(Extent *e, u64 i) {
  u64 at = i * STORE_CHUNK, n = extentChunkLen(e->ref.len, i);
  int rc = extentFill(e, at, n);
  if (rc) return rc;
  if (extentChunkSum(e->seed, i, e->bytes + at, n)
      != snGet64(e->bytes + e->ref.len + 8 * i)) {
    rc = extentDoubt(e->store, &e->ref);
    e->doubtful = true;
  }
  if (!rc) e->good[i / 64] |= 1ull << (i % 64);
  return rc;
}

int snExtentGet(Extent *e, u64 at, u64 n, const u8 **out) {
  int rc;
  *out = NULL;
  if (at > e->ref.len || n > e->ref.len - at) {
    return snStoreSay(e->store, SN_CORRUPT,
        "%s: a reference leads outside its extent",
        snStoreName(e->store));
  }
  if (e->good) {
    u64 last = n ? (at + n - 1) / STORE_CHUNK : 0;
    rc = extentTable(e);
    for (u64 i = at / STORE_CHUNK; !rc && n && i <= last; i++) {
      if ((e->good[i / 64] >> (i % 64)) & 1) continue;
      rc = extentChunk(e, i);
    }
    if (rc) return rc;
  }
  *out = e->bytes + at;
  return SEINE_OK;
}

int snExtentVerify(Extent *e) {
  const u8 *p;
  return snExtentGet(e, 0, e->ref.len, &p);
}

bool snExtentDoubtful(const Extent *e) { return e->doubtful; }

#undef EXTENT_PIECE
