/*
** key_write: the section KEYS: which document has a key.
**
**   u32 entries, byte bits of a bucket b, byte bits of a document d, u16 0
**   entries, packed from the lowest bit on: d bits of the document, KEY_BITS
**     - b bits of the hash
**   u32 offsets, 2^b + 1 of them: entries before each bucket
**
** An entry stands for a document that has the key (one with a NULL has none).
** The upper b bits of its hash are its bucket; what is kept are the upper
** KEY_BITS.  Entries are in order of hash, then document.  Two documents may
** share a hash: the reader looks at the values.
**
** Invariants: (1) b and d follow from the entries and the documents: see
** snKeyBuckets() and snKeyBits(); (2) 8 bytes at least stand behind the last
** entry, so that any of them is read by one load.
*/
#include "index/indexInt.h"

void snKeyWriteBegin(KeyWriter *w, SegWriter *seg, u32 key, u32 n, u32 docs,
    Budget *b) {
  memset(w, 0, sizeof *w);
  w->seg = seg;
  w->key = key;
  w->n = n;
  w->bucket_bits = snKeyBuckets(n);
  w->doc_bits = snKeyBits(docs);
  w->offset = snMemZero(b, ((1ull << w->bucket_bits) + 1) * sizeof(u32));
  if (!w->offset) w->rc = SN_NOMEM;
  snSegWriteBegin(seg);
  snBufU32(&seg->buf, n);
  snBufByte(&seg->buf, (u8)w->bucket_bits);
  snBufByte(&seg->buf, (u8)w->doc_bits);
  snBufU16(&seg->buf, 0);
}

static void keyWriteBits(KeyWriter *w, u64 v, u32 n) {
  w->word |= v << w->nword;
  if (w->nword + n < 64) {
    w->nword += n;
    return;
  }
  snBufU64(&w->seg->buf, w->word);
  w->word = w->nword ? v >> (64 - w->nword) : 0;
  w->nword = w->nword + n - 64;
}

void snKeyWriteAdd(KeyWriter *w, u64 hash, u32 doc) {
  u32 rest = KEY_BITS - w->bucket_bits;
  u64 low = hash >> (64 - KEY_BITS) & ((1ull << rest) - 1);
  u64 bucket = w->bucket_bits ? hash >> (64 - w->bucket_bits) : 0;
  if (w->rc) return;
  assert(w->at < w->n && bucket >= w->nbucket);
  while (w->nbucket < bucket) w->offset[++w->nbucket] = w->at;
  keyWriteBits(w, low << w->doc_bits | doc, rest + w->doc_bits);
  if (++w->at % 4096 == 0) snSegWriteSpill(w->seg);
}

int snKeyWriteEnd(KeyWriter *w) {
  Buf *b = &w->seg->buf;
  u32 buckets = 1u << w->bucket_bits;
  for (; w->nword; w->nword -= SN_MIN(w->nword, 8u), w->word >>= 8)
    snBufByte(b, (u8)w->word);
  if (!w->rc) {
    while (w->nbucket < buckets) w->offset[++w->nbucket] = w->at;
    for (u32 i = 0; i <= buckets; i++) {
      snBufU32(b, w->offset[i]);
      if (i % 4096 == 4095) snSegWriteSpill(w->seg);
    }
  }
  snSegWriteEnd(w->seg, SEC_KEYS, w->key);
  snMemFree(w->offset);
  w->offset = NULL;
  if (!w->rc && w->at != w->n) w->rc = SN_CORRUPT; /* an input lied */
  return w->rc ? w->rc : w->seg->rc;
}

int snKeyWriteAll(SegWriter *seg, u32 key, KeyIdx *v, u32 n, u32 docs,
    Budget *b) {
  KeyWriter w;
  KeyIdx *tmp = snMemAlloc(b, (n + 1ull) * sizeof *tmp);
  if (!tmp) return SN_NOMEM;
  for (u32 i = 0; i < n; i++) v[i].key >>= 64 - KEY_BITS;
  snSortKeys(v, n, tmp);
  snMemFree(tmp);
  snKeyWriteBegin(&w, seg, key, n, docs, b);
  for (u32 i = 0; i < n; i++)
    snKeyWriteAdd(&w, v[i].key << (64 - KEY_BITS), v[i].idx);
  return snKeyWriteEnd(&w);
}
