/*
** How is an extent written that is larger than memory?
**
** A stream collects 1 MiB.  If that is all there ever is, it becomes a plain
** extent.  Else it takes a run of pages, hashes and writes each MiB through a
** descriptor of its own, and starts write-back at once, so that a commit
** beside it does not wait for what it left in the cache.
**
** Invariants:
** (1) [page, page + reserved) is ours and holds all that was flushed, its
**     checksums and the slack.
** (2) The own descriptor is opened before its first write and lives as long
**     as the store: an error of write-back cannot hide from its sync (W3).
** (3) A run that cannot grow where it lies is copied to the end of the file,
**     twice as large: the copying is proportional to the length.
** (4) A stream aside has no transaction: it touches nothing that belongs to
**     one, and its run neither grows nor is given back.
*/
#include "store/storeInt.h"

#define STREAM_BUFFER ((u64)1 << 20)

struct Stream {
  Store *store; /* NULL: its transaction is over */
  File *file;
  u8 *buffer;
  u64 n;        /* bytes in it */
  u64 done;     /* bytes flushed: a multiple of the buffer's size */
  u64 seed, estimate;
  u64 page, reserved;
  bool aside;
  Buf sums;
  int rc;
};

static int streamNew(Store *s, u64 seed, u64 estimate, Stream **out) {
  Stream *t = snMemZero(s->config.budget, sizeof *t);
  *out = NULL;
  if (!t) return SN_NOMEM;
  t->buffer = snMemAlloc(s->config.budget, STREAM_BUFFER);
  if (!t->buffer) {
    snMemFree(t);
    return SN_NOMEM;
  }
  t->store = s;
  t->seed = seed;
  t->estimate = estimate;
  snBufInit(&t->sums, s->config.budget);
  *out = t;
  return SEINE_OK;
}

int snStreamBegin(Store *s, u64 seed, u64 estimate, Stream **out) {
  int rc;
  *out = NULL;
  rc = snWriterReady(s);
  if (rc) return rc;
  if (s->w.stream) return SEINE_MISUSE;
  rc = streamNew(s, seed, estimate, out);
  s->w.stream = *out;
  return rc;
}

int snStreamAside(Store *s, u64 seed, u64 page, u64 pages, Stream **out) {
  int rc = streamNew(s, seed, 0, out);
  if (rc) return rc;
  (*out)->page = page;
  (*out)->reserved = pages;
  (*out)->aside = true;
  snWatchAside(s, page, pages);
  return SEINE_OK;
}

int snStreamInto(Store *s, u64 seed, u64 page, u64 pages, Stream **out) {
  int rc = snStreamBegin(s, seed, 0, out);
  if (rc) {
    snSpaceBack(s, &s->space, page, pages);
    return rc;
  }
  (*out)->page = page;
  (*out)->reserved = pages;
  return SEINE_OK;
}

/* Chooses where to write: a second File, if it is the same file still. */
static void streamFile(Stream *t) {
  Store *s = t->store;
  t->file = s->file;
  if (!s->path) return;
  if (!s->bulk) {
    File *f;
    if (snWatchOpen(s, s->path, 0, &f)) return;
    if (f->ops->ident(f) != s->file->ops->ident(s->file)) {
      f->ops->close(f);
      return;
    }
    s->bulk = f;
  }
  t->file = s->bulk;
}

static void streamHash(Stream *t, const u8 *p, u64 from, u64 n) {
  u64 seed = snExtentSeed(t->store, t->page, t->seed);
  for (u64 at = 0; at < n; at += STORE_CHUNK) {
    u64 i = (from + at) / STORE_CHUNK;
    size_t k = (size_t)SN_MIN(n - at, STORE_CHUNK);
    snBufU64(&t->sums, snHash(p + at, k, seed + i + 1));
  }
}

static int streamWrite(Stream *t, u64 at, const u8 *p, u64 n) {
  File *f = t->file;
  u64 to = t->page * SN_PAGE + at;
  int rc;
  if (f == t->store->bulk && !t->aside) t->store->w.bulk_used = true;
  rc = f->ops->write(f, to, p, (size_t)n);
  return rc ? rc : f->ops->writeback(f, to, n);
}

/* Copies what was flushed to a run of `pages` at the end of the file.  The
** checksums are made anew: they are seeded with the first page. */
static int streamMove(Stream *t, u64 pages) {
  Store *s = t->store;
  u64 old = t->page, old_reserved = t->reserved;
  u8 *p = snMemAlloc(s->config.budget, STREAM_BUFFER);
  bool got;
  int rc;
  if (!p) return SN_NOMEM;
  t->page = snSpaceUsedEnd(&s->space);
  rc = snSpaceTakeAt(s, &s->space, t->page, pages, &got);
  assert(rc || got); /* the end is free by definition */
  if (rc) {
    t->page = old;
    goto done;
  }
  t->reserved = pages;
  t->sums.n = 0;
  for (u64 at = 0; !rc && at < t->done; at += STREAM_BUFFER) {
    rc = snStoreReadAt(s, old * SN_PAGE + at, p, STREAM_BUFFER);
    if (rc) break;
    streamHash(t, p, at, STREAM_BUFFER);
    rc = streamWrite(t, at, p, STREAM_BUFFER);
  }
  if (!rc) rc = snSpaceGive(s, &s->space, old, old_reserved);
  else if (snSpaceGive(s, &s->space, old, old_reserved)) s->space.valid = false;
done:
  snMemFree(p);
  return rc;
}

/* Room for `len` bytes and what stands behind them. */
static int streamRoom(Stream *t, u64 len) {
  Store *s = t->store;
  SpaceMap *m = &s->space;
  u64 need = snExtentPages(len), more;
  bool got = false;
  int rc;
  if (need <= t->reserved) return SEINE_OK;
  if (t->aside) return SEINE_TOOBIG;
  if (!t->page && t->estimate) {
    t->reserved = SN_MAX(need, snExtentPages(t->estimate));
    rc = snSpaceTake(s, m, t->reserved, &t->page);
    if (rc) t->reserved = 0;
    return rc;
  }
  if (!t->page) return streamMove(t, need * 2);
  more = SN_MAX(need - t->reserved, t->reserved);
  rc = snSpaceTakeAt(s, m, t->page + t->reserved, more, &got);
  if (!rc && !got) {
    more = need - t->reserved;
    rc = snSpaceTakeAt(s, m, t->page + t->reserved, more, &got);
  }
  if (rc) return rc;
  if (!got) return streamMove(t, need * 2);
  t->reserved += more;
  return SEINE_OK;
}

static int streamFlush(Stream *t) {
  int rc;
  if (!t->file) streamFile(t);
  rc = streamRoom(t, t->done + t->n);
  if (rc) return rc;
  streamHash(t, t->buffer, t->done, t->n);
  rc = t->sums.rc ? t->sums.rc : streamWrite(t, t->done, t->buffer, t->n);
  if (rc) return rc;
  t->done += t->n;
  t->n = 0;
  return SEINE_OK;
}

int snStreamAdd(Stream *t, const void *p, u64 n) {
  const u8 *from = p;
  if (!t->store) return SEINE_MISUSE;
  while (n && !t->rc) {
    u64 k;
    if (t->n == STREAM_BUFFER) t->rc = streamFlush(t);
    if (t->rc) break;
    k = SN_MIN(n, STREAM_BUFFER - t->n);
    memcpy(t->buffer + t->n, from, (size_t)k);
    t->n += k;
    from += k;
    n -= k;
  }
  return t->rc;
}

#ifdef SEINE_TEST
u64 snStreamLen(const Stream *t) { return t->done + t->n; }
#endif

/* The rest, the checksums, and the pages that were not needed. */
static int streamFinish(Stream *t, ExtentRef *ref) {
  Store *s = t->store;
  ExtentRef r = {0, t->done + t->n, t->seed, 0};
  u64 pages = snExtentPages(r.len), nsums;
  Buf tail;
  int rc = streamFlush(t);
  if (rc) return rc;
  nsums = t->sums.n / 8;
  r.page = t->page;
  r.sum = snHash(t->sums.data, t->sums.n, snExtentSeed(s, r.page, r.seed));
  snBufInit(&tail, s->config.budget);
  snExtentTail(&tail, (const u64 *)(const void *)t->sums.data, nsums, r.len);
  rc = tail.rc ? tail.rc : streamWrite(t, r.len, tail.data, tail.n);
  snBufClear(&tail);
  if (rc) return rc;
  if (t->aside) {
    *ref = r;
    return snWriterSyncFile(s, t->file);
  }
  if (t->reserved > pages) {
    rc = snSpaceGive(s, &s->space, t->page + pages, t->reserved - pages);
    if (rc) return rc;
    t->reserved = pages;
  }
  rc = snWriterAdopt(s, &r);
  if (rc) return rc;
  t->page = t->reserved = 0;
  *ref = r;
  return SEINE_OK;
}

int snStreamEnd(Stream *t, ExtentRef *ref) {
  int rc = SEINE_MISUSE;
  memset(ref, 0, sizeof *ref);
  if (t->store) {
    rc = t->rc;
    if (!rc && t->page) rc = streamFinish(t, ref);
    else if (!rc) rc = snWriterPut(t->store, t->buffer, t->n, t->seed, ref);
  }
  snStreamAbort(t);
  return rc;
}

void snStreamAbort(Stream *t) {
  Store *s;
  if (!t) return;
  s = t->store;
  if (s && t->aside) snWatchAside(s, 0, 0);
  if (s && !t->aside) s->w.stream = NULL;
  if (s && !t->aside && t->page
      && snSpaceGive(s, &s->space, t->page, t->reserved)) {
    s->space.valid = false;
  }
  snBufClear(&t->sums);
  snMemFree(t->buffer);
  snMemFree(t);
}

void snStreamDetach(Store *s) {
  Stream *t = s->w.stream;
  s->w.stream = NULL;
  t->store = NULL;
  if (t->page && snSpaceGive(s, &s->space, t->page, t->reserved)) {
    s->space.valid = false;
  }
  t->page = t->reserved = 0;
}

#undef STREAM_BUFFER
