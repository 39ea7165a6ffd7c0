/*
** indexInt: what the files of index/ share.
**
** A segment is one extent:
**   sections, each starting at a multiple of 8
**   table: per section, in order of place: kind byte, varint column id,
**          varint bytes (the gap up to the next multiple of 8 not counted)
**   tail:  u32 bytes of the table, u32 sections, u32 documents, u32 magic
** The magic is the last word of the extent.
**
** A patch is a column of numbers of a segment, written again: an extent of
** the same form with one section, INTS or REALS, that stands for the
** segment's own; or the section KEYS of a key that came later.
*/
#ifndef SN_INDEXINT_H
#define SN_INDEXINT_H
#include "index/index.h"

#define SEG_MAGIC 0x31676553u /* "Seg1" */
#define SEG_TAIL  16u

typedef enum SecKind {
  SEC_END, SEC_INTS, SEC_REALS, SEC_CODES, SEC_COUNTS, SEC_TERMS, SEC_POST,
  SEC_VALUES, SEC_NORMS, SEC_ROWS, SEC_PAIRS, SEC_PAIR_POST, SEC_PAIR_WORDS,
  SEC_KEYS,          /* of a key: its id stands for that of a column */
  SEC_KINDS
} SecKind;

/* ---- From seg_write.c: sections one after the other --------------------- */

typedef struct SegPiece SegPiece; /* bytes put aside: see seg_write.c */
typedef struct SegWriter {
  Store *store;     /* NULL: in memory, until snSegWriteStore() */
  Buf buf;          /* not yet handed to the stream */
  Stream *stream;   /* once larger than SEG_BUFFER */
  u64 estimate;     /* of all bytes, at most; 0: not known */
  SegPiece *pieces, *last;
  u64 at;           /* bytes before buf */
  u64 sec_start;
  Buf table;
  u32 nsec;
  u64 seed;
  int rc;
} SegWriter;
SN_FUNC void snSegWriteInit(SegWriter *w, Store *s, Budget *b, u64 seed);
SN_FUNC void snSegWriteBegin(SegWriter *w); /* a section; append to buf */
SN_FUNC u64 snSegWriteAt(const SegWriter *w); /* offset in the section */
SN_FUNC void snSegWriteSpill(SegWriter *w);   /* may move buf to the stream */
SN_FUNC void snSegWriteEnd(SegWriter *w, SecKind k, u32 column);
SN_FUNC void snSegWriteBuf(SegWriter *w, SecKind k, u32 column, Buf *b);
/* The sections that another writer has in memory; it is free then. */
SN_FUNC void snSegWriteJoin(SegWriter *w, SegWriter *from);
SN_FUNC int snSegWriteFinish(SegWriter *w, u32 docs, ExtentRef *out);
/* The same in two steps, the first without a store. */
SN_FUNC void snSegWriteTail(SegWriter *w, u32 docs);
SN_FUNC int snSegWriteStore(SegWriter *w, Store *s, u64 seed,
    ExtentRef *out);
/* All bytes of a segment that was built without a store. */
SN_FUNC void snSegWriteBytes(const SegWriter *w, Buf *out);
SN_FUNC void snSegWriteAbort(SegWriter *w);

/* ---- From segment.c ----------------------------------------------------- */

typedef struct Section {
  u8 kind;
  u32 column;
  Extent *patch;    /* where it lies; NULL: in the segment's own extent */
  u64 at, len;
  Dict *dict;       /* of TERMS and VALUES, once opened */
} Section;
struct Segment {
  u32 refs, docs;
  u32 nsec, sec_cap;
  u32 npatch;       /* so many of the last sections are patches */
  ColumnPatch *patch;
  u64 id;
  u64 serial;       /* of this opening; a twin has that of its model */
  i64 rowid_min, rowid_max; /* as the reference says */
  ExtentRef ref;
  Extent *extent;
  Budget *budget;
  Section *sec;
  ColReader *cols;  /* opened so far, linked */
  SegmentWords later; /* make: or NULL */
  Segment *words;   /* what was made; or NULL */
  u64 stamp;
};
/* The section of words of a column, in *of: this segment, or that of its words;
** NULL: it has none. */
SN_FUNC int snSegmentWords(Segment *g, SecKind k, u32 column, Segment **of,
    Section **out);
/* A patch hides the segment's own section. */
SN_FUNC Section *snSegmentFind(const Segment *g, SecKind k, u32 column);
/* Bytes [at, at+n) of a section, verified. */
SN_FUNC int snSegmentGet(Segment *g, const Section *s, u64 at, u64 n,
    const u8 **out);
/* A view of the bytes of one segment, which are taken over. */
SN_FUNC int snViewMemory(Store *s, Table *t, const SegmentRef *ref,
    Buf *bytes, View **out);
SN_FUNC void snDictFree(Dict *d);
/* The section in which the lists of a dictionary lie. */
SN_FUNC SecKind snDictLists(const Dict *d);
/* ... and the segment: that of the words, where they are made late. */
SN_FUNC Segment *snDictSegment(const Dict *d);
SN_FUNC void snColFreeAll(ColReader *c);
/* From col_read.c: the elements of a document's array are items from ..
** from + n of the column; an item is a number, the bits of a double or an
** ordinal. */
SN_FUNC int snColSpan(ColReader *c, u32 doc, u64 *from, u32 *n, bool *null);
SN_FUNC int snColItem(ColReader *c, u64 at, i64 *out, bool *null);
SN_FUNC ColReader *snColCounts(ColReader *c); /* of arrays, else NULL */
/* A window as it lies in the section: its entry of the directory, COL_ENTRY
** bytes, and its data. */
SN_FUNC int snColPacked(ColReader *c, u32 w, const u8 **entry,
    const u8 **data, u64 *len);
typedef struct RowReader {
  Segment *seg;
  const Section *sec;
  u32 ncols, nblocks, ndicts, col; /* col: place of the column in a row */
  const u8 *ids, *dir, *parts;
  u64 blocks;        /* bytes of them */
} RowReader;
SN_FUNC int snRowOpen(Segment *g, const Section *s, RowReader *r);
/* The first document of a block; of the one behind the last: documents. */
SN_FUNC u32 snRowFirst(const RowReader *r, u32 b);
/* Unpacks a block to the arena: what is handed out points into it. */
SN_FUNC int snRowLoad(RowReader *r, u32 b, Arena *a, Rd *out);
SN_FUNC int snRowHas(Segment *g, const Section *s, u32 column, bool *out);
/* All rows of a segment go on to a writer as they are packed: Copies tells
** whether it is one for the same n columns and they are many.  stop() is asked
** now and then; or NULL. */
typedef struct RowWriter RowWriter;
SN_FUNC bool snRowCopies(Segment *g, const Section *s, const u32 *ids, u32 n);
SN_FUNC int snRowCopy(Segment *g, const Section *s, RowWriter *w,
    int (*stop)(void *arg), void *arg);

/* ---- From impact.c: bounds of blocks ------------------------------------ */

/* Collects the best tf of each norm. */
typedef struct ImpactSet { u8 max_tf[256]; bool any; u8 lo, hi; } ImpactSet;
SN_FUNC void snImpactReset(ImpactSet *s);
SN_FUNC void snImpactAdd(ImpactSet *s, u32 tf, u8 norm);
SN_FUNC void snImpactMerge(ImpactSet *s, const ImpactSet *other);
/* At most IMPACTS pairs, tf and norm increasing, that bound all documents;
** best where the average length is near to `average`. */
SN_FUNC u32 snImpactPut(const ImpactSet *s, double average,
    Impact out[IMPACTS]);
/* Do the pairs bound a document?  For PRAGMA integrity_check. */
SN_FUNC bool snImpactCovers(const Impact *p, u32 n, u32 tf, u8 norm);

/* ---- From post_write.c -------------------------------------------------- */

/* One list at a time: Begin, Doc for each document in order, End appends the
** list to out and fills df, ttf. */
typedef struct PostWriter {
  bool has_freqs, has_pos;
  const u8 *norms;  /* by document, or NULL */
  double average;   /* length of a document, or near it */
  Buf data, dir, pos_data, pos_off;
  u32 docs[PACK_BLOCK], freqs[PACK_BLOCK], pos[PACK_BLOCK];
  u32 n, npos, prev, df, nblocks;
  u64 ttf;
  ImpactSet block, super, all;
  u32 *grid;        /* thresholds: counts by (tf, norm) */
  Buf sup;          /* coarse directory */
  Buf last, off, cum, imp;
  int rc;
} PostWriter;
SN_FUNC void snPostWriteInit(PostWriter *w, Budget *b, bool freqs, bool pos,
    const u8 *norms, double average);
SN_FUNC void snPostWriteBegin(PostWriter *w);
SN_FUNC void snPostWriteDoc(PostWriter *w, u32 doc, u32 tf, const u32 *pos);
SN_FUNC void snPostWriteEnd(PostWriter *w, Buf *out);
SN_FUNC void snPostWriteFree(PostWriter *w);
#define POST_INLINE 2u    /* lists up to this df live in the dictionary */
#define POST_SMALL  64u   /* blocks below this are varints */
#define POST_LONG   1024u /* lists from this df on have thresholds */

/* ---- From dict_write.c -------------------------------------------------- */

/* Terms in order; list: the bytes of the posting list, appended to the
** postings section by the caller when df > POST_INLINE. */
typedef struct DictWriter {
  bool has_post, has_freqs;
  bool no_pos;      /* frequencies without positions */
  u32 n, docs_with;
  u64 ttf, post_at;
  u32 max;          /* df of the block under way */
  Buf entries, metas, prev, blocks, seps, offs, posts, maxima;
  u8 prints[32];
  int rc;
} DictWriter;
#define DICT_BLOCK 32u
#define DICT_GROUP 32u   /* blocks with a maximum of their own */
#define DICT_HEAD  24u   /* bytes before the arrays */
#define DICT_HALF  15u   /* of a byte: a longer length goes on behind it */
#define DICT_LENS  11u   /* bytes that tell how long a term is, at most */
SN_FUNC void snDictWriteInit(DictWriter *w, Budget *b, bool has_post,
    bool has_freqs);
SN_FUNC void snDictWriteAdd(DictWriter *w, const void *p, u32 n, u32 df,
    u64 ttf, const u8 *list, u32 list_len);
SN_FUNC void snDictWriteEnd(DictWriter *w, u32 docs_with, Buf *out);
SN_FUNC void snDictWriteFree(DictWriter *w);
/* The first 8 bytes as a number that orders as they do; zeros behind. */
static inline u64 snDictKey(const void *text, u32 n) {
  const u8 *p = text;
  u64 v = 0;
  for (u32 i = 0; i < 8; i++) v = v << 8 | (i < n ? p[i] : 0);
  return v;
}
SN_FUNC u8 snDictPrint(const void *p, u32 n); /* fingerprint */
/* The bytes of the next entry of a block behind those that it shares. */
static inline const u8 *snDictTail(Rd *r, bool first, u32 *shared, u32 *n) {
  u32 both = first ? 0 : snRdByte(r);
  *shared = both >> 4;
  *n = both & DICT_HALF;
  if (*shared == DICT_HALF) *shared += snRdU32v(r);
  if (first) *n = snRdU32v(r);
  else if (*n == DICT_HALF) *n += snRdU32v(r);
  return snRdBytes(r, *n);
}

/* ---- From col_write.c --------------------------------------------------- */

/* Windows in order: values and null bits (NULL = none) of n <= 4,096 rows. */
typedef struct ColWriter {
  u8 type;
  bool real;
  u64 n;
  Buf dir, data;
  u32 nwin;
  i64 *tmp;         /* 4,096 values */
  u32 *pack;        /* 4,096 values */
  int rc;
} ColWriter;
SN_FUNC void snColWriteInit(ColWriter *w, Budget *b, u8 type, bool real);
SN_FUNC void snColWriteInts(ColWriter *w, const i64 *v, const u64 *nulls,
    u32 n);
SN_FUNC void snColWriteReals(ColWriter *w, const double *v,
    const u64 *nulls, u32 n);
/* The window of another column, as snColPacked gives it, of n rows. */
SN_FUNC void snColWritePacked(ColWriter *w, const u8 *entry, const u8 *data,
    u64 len, u32 n);
SN_FUNC void snColWriteEnd(ColWriter *w, Buf *out);
SN_FUNC void snColWriteFree(ColWriter *w);

/* Codecs of a window, in the low four bits of its codec byte. */
#define COL_CONST  0u
#define COL_FOR    1u
#define COL_DELTA  2u
#define COL_GCD    3u
#define COL_TABLE  4u
#define COL_RLE    5u
#define COL_RAW    6u
#define COL_NULLS  7u     /* every row is NULL */
#define COL_SCALED 0x10u  /* doubles as integers; param = decimals */
#define COL_ENTRY  24u    /* bytes of a directory entry */
#define COL_HEAD   16u

/* ---- From row_write.c --------------------------------------------------- */

/* Rows in order: Add per ROW column in the order of ids, then Next.  Begin and
** End (which frees, whatever rc) open and close the section. */
struct RowWriter {
  SegWriter *seg;
  Buf raw, dir;
  const u32 *ids;
  u32 nids, docs, nblocks;
  u32 block;        /* raw bytes from which on one is full */
  u32 first;        /* document of the one that fills */
  u32 part;         /* the first block of the part, */
  u64 total;        /* ... and raw bytes of its blocks, */
  Buf dict;         /* ... and its dictionary, as it fills */
  Buf dicts, parts; /* those that are full, and their first blocks */
  Lz lz;
  int rc;
};
#define ROW_BLOCK 16384u       /* while rows come in */
#define ROW_BLOCK_TIGHT 32768u /* when they are packed tightly */
#define ROW_DICT_FROM (1u << 20) /* raw bytes before the dictionary */
#define ROW_HEAD  16u /* stands last */
#define ROW_ENTRY 16u /* of the directory, per block */
SN_FUNC void snRowWriteBegin(RowWriter *w, SegWriter *seg, Budget *b,
    const u32 *ids, u32 n, bool tight);
SN_FUNC void snRowWriteAdd(RowWriter *w, const void *p, u32 n, bool null);
SN_FUNC void snRowWriteNext(RowWriter *w);
SN_FUNC int snRowWriteEnd(RowWriter *w);
SN_FUNC void snRowWriteFree(RowWriter *w);
/* What is packed already: Pause, Take per dictionary (of the part that begins
** at a block), Copy per block, and Part before the next row. */
SN_FUNC void snRowWritePause(RowWriter *w);
SN_FUNC void snRowWriteTake(RowWriter *w, u32 part, const u8 *dict);
SN_FUNC void snRowWriteCopy(RowWriter *w, const u8 *p, u32 n, u32 docs,
    u32 raw);
SN_FUNC void snRowWritePart(RowWriter *w);

/* ---- From key_write.c: which document has a key ------------------------- */

#define KEY_BITS 40u  /* of a hash that are kept: the upper ones */
#define KEY_HEAD 8u
/* Entries in order of hash and document: Begin, then Add for each, End. */
typedef struct KeyWriter {
  SegWriter *seg;
  u32 key, n, at;    /* entries in all, so far */
  u32 bucket_bits, doc_bits;
  u32 *offset, nbucket; /* of buckets: first entries of those so far */
  u64 word;          /* bits that wait */
  u32 nword;
  int rc;
} KeyWriter;
SN_FUNC void snKeyWriteBegin(KeyWriter *w, SegWriter *seg, u32 key, u32 n,
    u32 docs, Budget *b);
SN_FUNC void snKeyWriteAdd(KeyWriter *w, u64 hash, u32 doc);
SN_FUNC int snKeyWriteEnd(KeyWriter *w);
/* n entries in any order; v is sorted. */
SN_FUNC int snKeyWriteAll(SegWriter *seg, u32 key, KeyIdx *v, u32 n,
    u32 docs, Budget *b);
static inline u32 snKeyBits(u32 n) { /* that numbers below n have */
  u32 bits = 0;
  while (bits < 32 && (u64)n > 1ull << bits) bits++;
  return bits;
}
static inline u32 snKeyBuckets(u32 n) { /* bits of them */
  u32 bits = 0;
  while (n >> bits > 8) bits++;
  return bits;
}

/* ---- From field_write.c: terms and postings of a column ----------------- */

/* For each term in order: Doc per document, then Term.  End writes the
** sections POST and TERMS; the POST section is open from Begin to End. */
typedef struct FieldWriter {
  SegWriter *seg;
  u32 column;
  PostWriter post;
  DictWriter dict;
  Buf list;
  bool pairs;
  bool scattered;    /* documents of a term wait until all have come: */
  KeyIdx *wait, *tmp; /* number; where in `seen` its tf and positions lie */
  u32 *seen;
  u32 nwait, nseen, wait_cap, tmp_cap, seen_cap;
} FieldWriter;
SN_FUNC void snFieldWriteBegin(FieldWriter *w, SegWriter *seg, u32 column,
    bool freqs, const u8 *norms, double average, Budget *b);
/* Right behind Begin: the documents of a term come in any order.  The longest
** list lies in memory. */
SN_FUNC void snFieldWriteScattered(FieldWriter *w);
SN_FUNC void snFieldWriteWait(FieldWriter *w, u32 doc, u32 tf,
    const u32 *pos);
static inline void snFieldWriteDoc(FieldWriter *w, u32 doc, u32 tf,
    const u32 *pos) {
  if (w->scattered) snFieldWriteWait(w, doc, tf, pos);
  else snPostWriteDoc(&w->post, doc, tf, pos);
}
/* Documents of the term so far. */
static inline u32 snFieldWriteDf(const FieldWriter *w) {
  return w->post.df + w->nwait;
}
/* Right behind Begin: the terms are pairs of words.  Their lists have no
** positions, and the sections are PAIR_POST and PAIRS. */
SN_FUNC void snFieldWritePairs(FieldWriter *w);
/* A term without documents is left out; true when it was written. */
SN_FUNC bool snFieldWriteTerm(FieldWriter *w, const void *p, u32 n);
SN_FUNC int snFieldWriteEnd(FieldWriter *w, u32 docs_with);
SN_FUNC void snFieldWriteFree(FieldWriter *w);

/* ---- From pair_write.c: pairs of frequent words ------------------------- */

#define PAIR_WORDS 256u /* frequent words of a column, at most */
#define PAIR_DOCS  256u /* documents that such a word has more of */
#define PAIR_TWICE 1u   /* flag: a word stands twice at one place */
#define PAIR_HEAD  4u   /* bytes before the ordinals */

/* The most frequent words of a column, as they come: of equal ones the first.
** A word keeps its slot, in which what else is known of it can be noted. */
typedef struct PairWord { u32 df, ord, slot; } PairWord;
typedef struct PairPick {
  u32 asked, most;    /* words: as is set, and those that memory allows */
  u32 n, least;       /* least: place in v of the one that goes first */
  PairWord v[PAIR_WORDS];
} PairPick;
/* Words come by rising ord.  false: it is none of them. */
SN_FUNC bool snPairPick(PairPick *p, u32 df, u32 ord, u32 *slot);
SN_FUNC void snPairPickEnd(PairPick *p); /* v by rising ord */

typedef struct PairChunk PairChunk;
/* The documents of a pair so far: varints, as those of a list in the
** dictionary. */
typedef struct PairList {
  PairChunk *first, *last;
  u32 at, df, next;  /* at: bytes in the last chunk */
} PairList;
/* Of the document under way: places of the one word behind, or before, which
** the other stands. */
typedef struct PairSum { u32 first, second; } PairSum;
typedef struct PairWriter {
  Budget *budget;
  u32 n;             /* words; a pair is first * n + second */
  u32 from, end;     /* pairs that are collected, [from, end) ... */
  u64 room, used;    /* ... in chunks: bytes at most, and now */
  PairChunk *spare;
  PairList *list;
  PairSum *sum;
  u32 *seen, nseen;  /* pairs of the document */
  u32 tf[PAIR_WORDS], with; /* with: documents with a pair */
  bool twice;
  int rc;
} PairWriter;
/* A word of a document: key ends with its position, idx is its number among
** the frequent ones. */
SN_FUNC void snPairWriteDoc(PairWriter *w, u32 doc, const KeyIdx *word, u32 n);
/* Who knows the documents, and who is told of the pairs. */
typedef struct PairSource {
  u32 n;             /* words */
  int (*feed)(void *arg, PairWriter *w); /* Doc for each document, in order */
  int (*pair)(void *arg, PairWriter *w, u32 pair); /* by rising pair */
  void *arg;
} PairSource;
/* Feeds as often as memory asks for; *w is left for what it says of all
** documents. */
SN_FUNC int snPairRun(PairWriter *w, Budget *b, const PairSource *s);
typedef struct PairIter {
  const PairList *list;
  const PairChunk *chunk;
  u32 at, left;
  u32 doc, tf;       /* after Next */
} PairIter;
SN_FUNC void snPairIterOpen(PairIter *it, const PairWriter *w, u32 pair);
SN_FUNC bool snPairIterNext(PairIter *it);
SN_FUNC void snPairPickInit(PairPick *p, const Budget *b, u32 asked);
/* Writes the sections of a column: the words of pick, as feed tells them.
** map: the numbers to write for those that feed tells, NULL: the same.
** Nothing when memory is scarce: pairs are only there for speed. */
SN_FUNC int snPairWrite(SegWriter *seg, u32 column, const PairPick *pick,
    const u8 *norms, double average, const u32 *map, Budget *b,
    int (*feed)(void *arg, PairWriter *w), void *arg);

/* ---- From pair_feed.c: the documents of a segment ----------------------- */

typedef struct PairFeed {
  Segment *seg;
  u32 column, n;
  const u32 *ord;    /* of each word, or DICT_NONE */
  const u32 *map;    /* new number of each document, DOC_END: none; or NULL: */
  u32 base;          /* ... added to its number */
  bool old;          /* map only says which are gone: all are base + number */
  int (*cancelled)(void *);
  void *arg;
} PairFeed;
SN_FUNC int snPairFeed(const PairFeed *f, PairWriter *w);

/* ---- From col_feed.c: a column value by value --------------------------- */

typedef struct ColFeed {
  ColWriter w;
  SecKind kind;
  u32 column, n;
  i64 *v;            /* window under way: numbers, or bits of doubles */
  u64 nulls[SN_WORDS];
  bool any_null;
} ColFeed;
SN_FUNC void snColFeedInit(ColFeed *f, Budget *b, SecKind kind, u32 column,
    u8 type);
SN_FUNC void snColFeedWindow(ColFeed *f);
static inline void snColFeedInt(ColFeed *f, i64 v) {
  if (!f->v) return;
  f->v[f->n++] = v;
  if (f->n == SN_WINDOW) snColFeedWindow(f);
}
static inline void snColFeedNull(ColFeed *f) {
  snBitSet(f->nulls, f->n);
  f->any_null = true;
  snColFeedInt(f, 0);
}
SN_FUNC void snColFeedEnd(ColFeed *f, SegWriter *seg); /* and frees */
SN_FUNC void snColFeedFree(ColFeed *f);

/* ---- From index_check.c, col_check.c, post_check.c, pair_check.c -------- */

typedef struct IndexCheck {
  Segment *g;
  const Table *table;
  Budget *budget;
  void (*say)(void *arg, const char *text);
  void *arg;
  u32 column;        /* looked at: its id ... */
  const char *name;  /* ... and its name, "" when it was dropped */
  u32 said;
  int (*cancelled)(void *); /* or NULL */
  void *cancel_arg;
  int rc;            /* what stops the check: NOMEM, IOERR, INTERRUPT */
} IndexCheck;
/* Does the check go on?  Asked by long loops, not by each step of them. */
SN_FUNC bool snIndexCheckGoes(IndexCheck *c);
/* Says a finding; the column's name comes before it. */
SN_FUNC void snIndexCheckSay(IndexCheck *c, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* True when rc is OK.  CORRUPT is a finding, anything else stops. */
SN_FUNC bool snIndexCheckRc(IndexCheck *c, int rc, const char *what);
/* By code: documents that have it, and the sum of their hashes. */
typedef struct CheckCodes {
  u32 *df, *seen;
  u64 *sum;
  u32 n, with;
} CheckCodes;
/* The column of a section: windows, zones, counts.  codes, of a dictionary
** column: filled, to be freed with Free. */
SN_FUNC void snColCheck(IndexCheck *c, const Section *s, CheckCodes *codes);
SN_FUNC void snColCheckFree(CheckCodes *codes);
/* The words of pairs and their lists. */
SN_FUNC void snPairCheck(IndexCheck *c, const Section *s);
/* A dictionary and its lists.  codes NULL: a dictionary of words, or of
** pairs. */
SN_FUNC void snPostCheck(IndexCheck *c, const Section *s,
    const CheckCodes *codes);

/* ---- Helpers shared by flush and merge ---------------------------------- */

/* One decision for both: the text-like values of a column go to a dictionary
** when they repeat or are short, to the row store otherwise. */
static inline bool snIndexUseDict(u64 values, u64 distinct, u64 bytes) {
  return distinct * 2 <= values || bytes <= values * 24;
}

#endif
