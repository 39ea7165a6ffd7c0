/*
** index: what a segment holds.  Here is a term, a document or a window: give
** me its postings, its value, its vector.  And how segments come to be: a
** memtable is flushed, several are merged, deletions are marked beside them.
**
** Document numbers are dense in a segment, from 0.  Windows are 4,096
** documents.  Columns are named by their id for life (Column.id).
*/
#ifndef SN_INDEX_H
#define SN_INDEX_H
#include "schema/schema.h"

#define DOC_END 0xffffffffu  /* behind the last document */
#define DOC_MAX 0x7fffffffu  /* documents of a segment, at most */

/* ---- From segment.c: an open segment ------------------------------------ */

typedef struct Segment Segment; /* immutable, counted */
typedef struct Live Live;       /* its deletions at one snapshot, counted */

/* patch: the npatch columns that were written again, by column. */
SN_FUNC int snSegmentOpen(Store *s, const SegmentRef *ref,
    const ColumnPatch *patch, u32 npatch, Segment **out);
SN_FUNC Segment *snSegmentKeep(Segment *g);
SN_FUNC void snSegmentDrop(Segment *g);
SN_FUNC u32 snSegmentDocs(const Segment *g);
static inline u32 snSegmentWindows(const Segment *g) {
  return (snSegmentDocs(g) + SN_WINDOW - 1) / SN_WINDOW;
}
SN_FUNC u64 snSegmentId(const Segment *g);
/* Of this opening, with these patches: no other in the process has it. */
SN_FUNC u64 snSegmentSerial(const Segment *g);
/* Bytes by part, for PRAGMA segments. */
typedef struct SegmentBytes {
  u64 postings, norms, terms, columns, rows, other; /* patches are columns */
  u64 pages;         /* of the whole, patches included */
  u32 patches;
} SegmentBytes;
SN_FUNC void snSegmentBytes(const Segment *g, SegmentBytes *out);
/* What this thread has read of segments since it began: blocks of posting
** lists, those of the lists that it opened, and bytes as they are packed in
** blocks, windows of columns, rows and dictionaries. */
typedef struct SegmentReads { i64 blocks, opened, bytes; } SegmentReads;
SN_FUNC SegmentReads *snSegmentReads(void);

/* All segments of a table at a snapshot.  first[i]: documents before segment
** i (so first[n] is all).  Counted. */
typedef struct View {
  u32 refs, n;
  u64 total;         /* documents, deleted ones included */
  u64 live_total;
  Segment **seg;
  Live **live;       /* NULL: nothing deleted */
  Table *table;
} View;
/* Words of a segment in memory that was made without (snMemtableWordless):
** when they are first asked for, `make` gives a view of one that has them.  The
** segment takes `arg` over, and drops it. */
typedef struct SegmentWords {
  int (*make)(void *arg, View **out);
  void (*drop)(void *arg);
  void *arg;
} SegmentWords;
SN_FUNC void snSegmentLater(Segment *g, const SegmentWords *w);
/* Open segments of one connection, so that statements share them. */
typedef struct SegmentCache SegmentCache;
SN_FUNC int snSegmentCacheNew(Store *s, SegmentCache **out);
SN_FUNC void snSegmentCacheFree(SegmentCache *c);
SN_FUNC int snViewOpen(SegmentCache *c, const TableState *t, View **out);
/* ... and behind them n that are in no file. */
SN_FUNC int snViewOpenWith(SegmentCache *c, const TableState *t,
    Segment *const *last, u32 n, View **out);
/* Whether segment k of a later state of the table holds what segment i of the
** view shows, but for what was deleted since. */
SN_FUNC bool snViewStands(const View *v, u32 i, const TableState *t, u32 k);
/* The same for another thread, with segments of that thread's own cache: only
** the deletions are shared, which nobody changes.  Open and drop it in the
** thread of the other. */
SN_FUNC int snViewTwin(SegmentCache *c, const View *of, View **out);
SN_FUNC View *snViewKeep(View *v);
SN_FUNC void snViewDrop(View *v);

/* ---- From live.c: deleted documents ------------------------------------- */

SN_FUNC int snLiveOpen(Store *s, const LiveRef *ref, u32 docs, Live **out);
SN_FUNC Live *snLiveKeep(Live *l);
SN_FUNC void snLiveDrop(Live *l);
SN_FUNC u32 snLiveDeleted(const Live *l);
/* Clears the bits of deleted documents of window w.  l may be NULL. */
SN_FUNC void snLiveMask(const Live *l, u32 w, u64 *bits);
SN_FUNC bool snLiveHas(const Live *l, u32 doc); /* still there? */
/* Writes what `deleted` (bitmaps of newly deleted documents by window, NULL
** where none) adds to *ref: new pieces for the touched windows only, in one
** new extent, which is ref->ref[0] then.  Hand that to snCatalogEditOwn();
** extents that *ref drops are not freed here but by the commit, since a
** failed statement may go back to them.  old: what *ref says, or NULL.
** Nothing new deleted: *ref stays as it is.  seed: the segment's id. */
SN_FUNC int snLiveWrite(Store *s, const Live *old, u64 **deleted, u32 docs,
    u64 seed, LiveRef *ref);

/* ---- From dict_read.c: dictionaries ------------------------------------- */

/* The sorted distinct terms of a column: of a TEXT its words, of a KEYWORD or
** IP its values; ordinals from 0. */
typedef struct Dict Dict;
typedef struct TermMeta {
  u32 df;            /* documents */
  u32 ord;           /* of the term */
  u64 ttf;           /* occurrences; df when frequencies are not kept */
  u64 at;            /* of the list in the postings section ... */
  u32 len;           /* ... its bytes */
  const u8 *inl;     /* not NULL: the list itself (df <= 2) */
} TermMeta;
/* *out = 0 when the segment has none of that kind for the column.  Owned by
** the segment. */
SN_FUNC int snDictTerms(Segment *g, u32 column, Dict **out);
SN_FUNC int snDictValues(Segment *g, u32 column, Dict **out);
SN_FUNC int snDictPairs(Segment *g, u32 column, Dict **out);
SN_FUNC u32 snDictCount(const Dict *d);
SN_FUNC u64 snDictTtf(const Dict *d);   /* occurrences of all terms */
SN_FUNC u32 snDictDocs(const Dict *d);  /* documents with at least one */
SN_FUNC bool snDictHasFreqs(const Dict *d);
SN_FUNC bool snDictHasPos(const Dict *d);
SN_FUNC u64 snDictId(const Dict *d); /* of two that are open the same: one
                                     ** is the other, or its twin's */
/* Ordinal of the term, or DICT_NONE. */
#define DICT_NONE 0xffffffffu
SN_FUNC int snDictFind(Dict *d, const void *p, u32 n, u32 *ord);
/* Ordinal of the term, or of the first one after it; *exact tells. */
SN_FUNC int snDictSeek(Dict *d, const void *p, u32 n, u32 *ord, bool *exact);
SN_FUNC int snDictMeta(Dict *d, u32 ord, TermMeta *out);
/* Walks terms in order from ordinal `ord`. */
typedef struct DictIter {
  Dict *d;
  u32 ord;           /* of the term in text, after Next */
  Buf text;
  Rd rd;
  u32 left;
  Rd metas;          /* of the block, behind the first `passed` of them */
  u32 passed;
  u64 list;          /* where the next list lies */
  int rc;
} DictIter;
SN_FUNC void snDictIterOpen(DictIter *it, Dict *d, u32 ord);
SN_FUNC bool snDictIterNext(DictIter *it); /* false: end, or it->rc */
/* As snDictMeta(), of the term in text, without passing over those before it
** again; once for a term. */
SN_FUNC int snDictIterMeta(DictIter *it, TermMeta *out);
SN_FUNC void snDictIterClose(DictIter *it);
/* What walks a dictionary: the states of an automaton, one for each byte of
** the term it stands in, the state at depth 0 being its first. */
typedef struct DictAutomaton {
  void *arg;
  /* Byte c leads from the state at `depth` to the one at depth + 1; false:
  ** no accepted term goes on so. */
  bool (*step)(void *arg, u32 depth, u8 c);
  /* The least byte from `least` on that may go on at `depth`, or 256. */
  u32 (*next)(void *arg, u32 depth, u32 least);
  bool (*accepts)(void *arg, u32 depth);
  /* Asked now and then; not SEINE_OK ends the walk.  May be NULL. */
  int (*ask)(void *arg);
  /* A term that it accepts; not SEINE_OK ends the walk. */
  int (*seen)(void *arg, u32 ord, const u8 *p, u32 n);
} DictAutomaton;
/* All accepted terms in order; ranges in which none can be are passed over. */
SN_FUNC int snDictWalk(Dict *d, const DictAutomaton *a);
/* The k terms of some ranges of ordinals that most documents have, of equal
** ones the first: Add for each range in rising order, then End puts them in
** order.  v: room for k, which is at least 1; n is 0 at first. */
typedef struct DictBest { u32 df, ord; } DictBest;
typedef struct DictTop { u32 k, n; DictBest *v; } DictTop;
SN_FUNC int snDictTopAdd(DictTop *t, Dict *d, u32 from, u32 to);
SN_FUNC void snDictTopEnd(DictTop *t);
/* Texts of n ordinals (any order, repeats allowed): out[i] = {pointer,
** length} of 16 bytes each as vm's Str; bytes in the arena, or in the
** dictionary's own cache when it is small. */
typedef struct DictText { const u8 *p; u32 n; u32 pad; } DictText;
SN_FUNC int snDictTexts(Dict *d, const u32 *ord, u32 n, Arena *a,
    DictText *out);

/* ---- From pair_read.c: pairs of frequent words -------------------------- */

/* The documents in which word b of a TEXT column stands right behind word a
** (ordinals), and how often: a list without positions, that snPostOpenMeta()
** opens.  *d = 0: the segment does not say; df 0: there is none. */
SN_FUNC int snPairFind(Segment *g, u32 column, u32 a, u32 b, Dict **d,
    TermMeta *out);
/* Was it written with the pairs of so many words?  A small one has none. */
SN_FUNC bool snPairAsked(Segment *g, u32 words);
/* Whether no document has a word of the pairs twice at one place: then a
** phrase occurs no more often than each of its pairs. */
SN_FUNC int snPairOnce(Segment *g, u32 column, bool *out);

/* ---- From post_read.c: postings ----------------------------------------- */

typedef struct Postings {
  /* Read-only to users: */
  u32 doc;           /* current document, or DOC_END; before Seek: none */
  u32 df, nblocks;
  u64 ttf;
  int rc;            /* sticky; the list ends when set */
  /* Private: */
  u32 max;           /* documents of the segment */
  u32 block, n, i;   /* block decoded, its documents, index of doc */
  bool has_freqs, has_pos, freqs_ready, impacts_each;
  const u8 *last, *off, *cum, *impact, *sup_last, *sup_impact, *thresholds;
  const u8 *data, *data_end, *pos_off, *pos_data, *pos_end;
  const u8 *freq_at;
  u32 pos_block;     /* position block decoded, or ~0 */
  u32 cum_at, cum_i; /* positions before document i of the block */
  u32 docs[264], freqs[264];
  u32 *pos;          /* 264 values, allocated on first use */
  Buf pos_out;
  Budget *budget;
} Postings;
typedef struct Impact { u8 tf, norm; } Impact; /* tf 255: 255 or more */
#define IMPACTS 4u

SN_FUNC int snPostOpen(Segment *g, u32 column, Dict *d, u32 ord,
    Postings *out);
/* ... whose meta was read before. */
SN_FUNC int snPostOpenMeta(Segment *g, u32 column, const Dict *d,
    const TermMeta *m, Postings *out);
/* ... in one list after another, with the memory of the one before; Init and
** Close once. */
SN_FUNC void snPostInit(Postings *p, Budget *b);
SN_FUNC int snPostAgain(Segment *g, u32 column, const Dict *d,
    const TermMeta *m, Postings *p);
SN_FUNC void snPostClose(Postings *p);
/* The first document >= target (target not below the current one). */
SN_FUNC u32 snPostSeek(Postings *p, u32 target);
static inline u32 snPostNext(Postings *p);
SN_FUNC u32 snPostNextBlock(Postings *p); /* first of the next block */
static inline u32 snPostNext(Postings *p) {
  if (SN_LIKELY(p->i + 1 < p->n)) return p->doc = p->docs[++p->i];
  return snPostNextBlock(p);
}
SN_FUNC u32 snPostFreq(Postings *p);          /* of the current document */
SN_FUNC void snPostFreqs(Postings *p);        /* decodes freqs of the block */
/* Positions of the current document: *n of them, valid until the next call.*/
SN_FUNC int snPostPositions(Postings *p, const u32 **out, u32 *n);
/* Sets the bits, counted from base, of all documents of [base, end). */
SN_FUNC void snPostFill(Postings *p, u32 base, u32 end, u64 *bits);
/* The pairs that bound the block (or 32 blocks) which holds target: the best
** pair scores no less than any document.  *upto is its last document.  n = 0:
** no bound is known.  Does not move p. */
SN_FUNC u32 snPostImpacts(Postings *p, u32 target, bool coarse, u32 *upto,
    Impact out[IMPACTS]);
/* Block by block, without decoding: a list has nblocks of them, and a long
** one a bound for every POST_SUPER blocks. */
#define POST_SUPER 32u
static inline u32 snPostBlockLast(const Postings *p, u32 b) { /* document */
  return p->last ? snGet32(p->last + 4 * (size_t)b) : DOC_END - 1;
}
static inline u32 snPostSuperLast(const Postings *p, u32 s) {
  return snGet32(p->sup_last + 4 * (size_t)s);
}
/* The first block from b on whose last document is >= target. */
SN_FUNC u32 snPostBlockFind(const Postings *p, u32 b, u32 target);
SN_FUNC u32 snPostBlockImpacts(Postings *p, u32 b, Impact out[IMPACTS]);
SN_FUNC u32 snPostSuperImpacts(const Postings *p, u32 s,
    Impact out[IMPACTS]);
/* Decodes block b and stands on its first document; false: damaged. */
SN_FUNC bool snPostBlockGo(Postings *p, u32 b);
/* A pair that at least 10, 100 or 1,000 documents (k at most that) dominate;
** false: none is known. */
SN_FUNC bool snPostThreshold(const Postings *p, u32 k, Impact *out);

/* ---- From norm.c: lengths of fields in a byte --------------------------- */

SN_FUNC u8 snNormPut(u32 length);
SN_FUNC u32 snNormGet(u8 norm); /* Lucene's byte4 table */
SN_FUNC void snNormLengths(float out[256]); /* snNormGet() of each */
/* One byte per document; NULL out when the column has none. */
SN_FUNC int snNormBytes(Segment *g, u32 column, const u8 **out);

/* ---- From col_read.c: columns ------------------------------------------- */

typedef enum ColKind {
  COL_NONE,   /* all NULL: the column is younger than the segment */
  COL_INT, COL_REAL,
  COL_CODE,   /* ordinals of a dictionary */
  COL_ROW     /* in the row store */
} ColKind;
typedef struct ColReader ColReader;
/* Column id 0 is the rowid.  Owned by the segment. */
SN_FUNC int snColOpen(Segment *g, u32 column, u8 type, ColReader **out);
SN_FUNC ColKind snColKind(const ColReader *c);
SN_FUNC bool snColIsArray(const ColReader *c);
SN_FUNC Dict *snColDict(const ColReader *c); /* of CODE */
/* Bounds of a window: false when all is NULL.  For REAL, min and max are
** doubles in r[2]. */
typedef struct Zone {
  i64 min, max;
  double rmin, rmax;
  u32 nulls, n;
} Zone;
SN_FUNC bool snColZone(const ColReader *c, u32 w, Zone *out);
/* Decodes window w: values to i64[4096] (INT), double[4096] (REAL) or
** u32[4096] (CODE), nulls to 64 words (zeroed when there are none; *any
** tells).  Not for arrays and ROW. */
SN_FUNC int snColWindow(ColReader *c, u32 w, void *out, u64 *nulls,
    bool *any);
/* The same for the rows of want, 64 words: others may be 0, or their value. */
SN_FUNC int snColSome(ColReader *c, u32 w, const u64 *want, void *out,
    u64 *nulls, bool *any);
/* ANDs into bits the rows of window w with lo <= value <= hi (INT and CODE),
** NULL is no.  Works on packed values. */
SN_FUNC int snColFilter(ColReader *c, u32 w, i64 lo, i64 hi, u64 *bits);
/* The same for REAL; a NaN is no. */
SN_FUNC int snColFilterReal(ColReader *c, u32 w, double lo, double hi,
    u64 *bits);
/* Values of single documents (any order), for FLAT results: INT to i64,
** REAL to double, CODE to u32 ordinals; null bits by index. */
SN_FUNC int snColGather(ColReader *c, const u32 *docs, u32 n, void *out,
    u64 *nulls);
/* Arrays: the value of each document as array bytes (see snArrayPut). */
SN_FUNC int snColArrays(ColReader *c, const u32 *docs, u32 n, Arena *a,
    DictText *out, u64 *nulls);

/* ---- From patch.c: columns written again -------------------------------- */

/* New values of documents of a segment, in columns of numbers: collected in
** order of windows, then each column is written whole. */
typedef struct PatchBlock {
  struct PatchBlock *next;
  u32 window, n;
  u64 rows[SN_WORDS]; /* n documents of the window */
  u64 *nulls;        /* bit c * n + k: of column c, document k is NULL; else */
  i64 *v;            /* its number, or the bits of its double */
} PatchBlock;
typedef struct Patch {
  Budget *budget;
  Segment *seg;      /* kept by the caller */
  const Table *table;
  const u32 *col;    /* indexes in the table */
  u32 ncol;
  u64 docs;          /* with new values */
  PatchBlock *first, *last;
} Patch;
SN_FUNC void snPatchInit(Patch *p, Budget *b, Segment *g, const Table *t,
    const u32 *col, u32 ncol);
/* Room for the values of those documents of a window, all 0 and not NULL; a
** window that was given before is changed once more. */
SN_FUNC int snPatchAdd(Patch *p, u32 window, const u64 *rows,
    PatchBlock **out);
/* Whether to write the columns again takes less than to insert the documents
** anew. */
SN_FUNC bool snPatchPays(const Patch *p);
/* Writes column c (of ncol). */
SN_FUNC int snPatchWrite(const Patch *p, Store *s, u32 c, ColumnPatch *out);
SN_FUNC void snPatchClear(Patch *p);

/* ---- From row_read.c: the row store ------------------------------------- */

/* Values of a ROW column for n documents (any order, best ascending): bytes
** in the arena. */
SN_FUNC int snRowGather(Segment *g, u32 column, const u32 *docs, u32 n,
    Arena *a, DictText *out, u64 *nulls);

/* ---- From key_read.c: which documents have a key ------------------------ */

/* The hash of a key: begin with KEY_SEED, take its columns in order; a key
** with a NULL has none.  What segments hold depends on it. */
#define KEY_SEED 0x9e3779b97f4a7c15ull
static inline u64 snKeyHashInt(u64 h, i64 v) {
  return snHashInt(h ^ (u64)v);
}
SN_FUNC i64 snKeyReal(double v); /* bits: -0.0 is 0.0, each NaN the same */
static inline u64 snKeyHashStr(u64 h, const void *p, u32 n) {
  return snHash(p, n, h);
}
/* A value of a column, as arrays have them. */
SN_FUNC u64 snKeyHashItem(u64 h, u8 type, const ArrayItem *v);
SN_FUNC bool snKeySame(u8 type, const ArrayItem *a, const ArrayItem *b);

typedef struct KeyReader {
  Segment *seg;
  struct Section *sec; /* NULL: the rowid, which ascends by document */
  ColReader *rowid;    /* then */
  u32 n, bucket_bits, doc_bits, probes;
  const u8 *whole;     /* once it was asked for often */
} KeyReader;
SN_FUNC int snKeyOpen(Segment *g, const TableKey *k, KeyReader *out);
/* Documents that may have the key; deleted ones too.  Open, then Next; rowid:
** its value, when the key is the rowid alone. */
typedef struct KeyFind {
  const KeyReader *r;
  const u8 *at;        /* entries */
  u32 i, end;          /* next one, behind the last */
  u64 rest;            /* of the hash */
  u32 doc;             /* of the rowid, or DOC_END */
} KeyFind;
SN_FUNC int snKeyFind(KeyReader *r, u64 hash, i64 rowid, KeyFind *out);
SN_FUNC bool snKeyFindNext(KeyFind *f, u32 *doc);
/* All entries in order, for merging and checking: Open, then Next.  r.sec NULL:
** there is no section. */
typedef struct KeyWalk {
  KeyReader r;
  u32 i, bucket;       /* entry shown, its bucket */
  u64 hash;            /* its upper bits, in place */
  u32 doc;
  int rc;
} KeyWalk;
SN_FUNC int snKeyWalkOpen(Segment *g, const TableKey *k, KeyWalk *out);
SN_FUNC bool snKeyWalkNext(KeyWalk *w);
/* The value of column `id` of a document; strings in the arena or the
** segment. */
SN_FUNC int snKeyValue(Segment *g, u32 id, u8 type, u32 doc, Arena *a,
    ArrayItem *out);
/* Hashes of the documents of window w; has: bits of those that have one. */
SN_FUNC int snKeyWindow(Segment *g, const Table *t, const TableKey *k, u32 w,
    Arena *a, u64 *hash, u64 *has);
/* Builds the section of a key that came later, as a patch. */
SN_FUNC int snKeyPatch(Segment *g, const Table *t, const TableKey *k,
    Store *s, ColumnPatch *out);

/* ---- From memtable.c and flush.c: building ------------------------------ */

/* Cuts the text of a TEXT column: the room above joins text/ and index/. */
typedef struct CutTokens {
  u32 n;
  const u32 *at, *len, *pos;
  const u8 *bytes;
  u32 next_pos;
  const u32 *from, *to; /* bytes of the source; NULL: not known */
} CutTokens;
typedef struct IndexEnv {
  int (*cut)(void *arg, const Column *col, const u8 *p, u32 n,
      u32 first_pos, CutTokens *out);
  void *arg;
  const bool *stop;  /* or NULL: once true, set by another thread, building a
                     ** segment ends with INTERRUPT */
} IndexEnv;

typedef struct Memtable Memtable;
SN_FUNC int snMemtableNew(Budget *b, Table *t, const IndexEnv *env,
    Memtable **out);
SN_FUNC void snMemtableFree(Memtable *m);
SN_FUNC Table *snMemtableTable(const Memtable *m);
/* One row: Begin, one call per value that is not NULL (col: index in the
** table), End.  After an error the row must be ended with snMemtableUndo. */
SN_FUNC int snMemtableBegin(Memtable *m, i64 rowid);
SN_FUNC int snMemtableInt(Memtable *m, u32 col, i64 v);
SN_FUNC int snMemtableReal(Memtable *m, u32 col, double v);
SN_FUNC int snMemtableStr(Memtable *m, u32 col, const void *p, u32 n);
SN_FUNC int snMemtableEnd(Memtable *m);
SN_FUNC void snMemtableUndo(Memtable *m);
/* The error that a value would bring, which is not put: that of its words. */
SN_FUNC int snMemtableTry(Memtable *m, u32 col, const void *p, u32 n);
SN_FUNC u32 snMemtableDocs(const Memtable *m);
SN_FUNC u64 snMemtableBytes(const Memtable *m); /* heap it uses */
/* So many frequent words of a TEXT get lists of their pairs; 0 at first. */
SN_FUNC void snMemtablePairs(Memtable *m, u32 words);
/* Before the first row: texts are kept, and not cut into words. */
SN_FUNC void snMemtableWordless(Memtable *m);
/* Forgets the rows from number `docs` on (a failed statement). */
SN_FUNC void snMemtableCut(Memtable *m, u32 docs);
/* A row is deleted: it will be in the segment, and whoever flushes has to mark
** it there.  Deleted gives those rows, as they were; Restore takes all but the
** first n of them back. */
SN_FUNC int snMemtableDelete(Memtable *m, u32 doc);
SN_FUNC bool snMemtableHas(const Memtable *m, u32 doc);
SN_FUNC const u32 *snMemtableDeleted(const Memtable *m, u32 *n);
SN_FUNC void snMemtableRestore(Memtable *m, u32 n);
/* From mem_read.c: a value of a row; an array as array bytes, in the arena. */
SN_FUNC int snMemtableGet(const Memtable *m, u32 col, u32 doc, Arena *a,
    ArrayItem *out);
/* Hashes of a key by document, and bits of those that have one. */
SN_FUNC int snMemtableHashes(const Memtable *m, const TableKey *k, u64 *hash,
    u64 *has);
SN_FUNC i64 snMemtableRowid(const Memtable *m, u32 doc);
/* Writes a segment (the writer must be active) and empties the memtable.
** Nothing in it: *out has docs 0. */
SN_FUNC int snMemtableFlush(Memtable *m, Store *s, u64 id, SegmentRef *out);
/* The same in two steps.  The first needs no store: any thread may take it,
** one at a time for a memtable (which has rows).  The second writes what it
** made, under an id, and drops it, whatever rc. */
typedef struct SegDraft SegDraft;
struct SegDraft { SegDraft *next; }; /* for the owner */
SN_FUNC int snMemtableDraft(Memtable *m, SegDraft **out);
SN_FUNC int snFlushWrite(SegDraft *d, Store *s, u64 id, SegmentRef *out);
SN_FUNC void snFlushDrop(SegDraft *d);
/* ... or reads it, without writing it to the store: it is dropped, whatever
** rc. */
SN_FUNC int snFlushView(SegDraft *d, Store *s, Table *t, View **out);

/* ---- From batch.c: rows as bytes ----------------------------------------- */

/* Begin, one call for each value that is not NULL, by ascending columns, End:
** as for a memtable. */
SN_FUNC int snBatchBegin(Buf *rows, i64 rowid);
SN_FUNC int snBatchInt(Buf *rows, u32 col, i64 v);
SN_FUNC int snBatchReal(Buf *rows, u32 col, double v);
SN_FUNC int snBatchStr(Buf *rows, u32 col, const void *s, u32 n);
SN_FUNC int snBatchEnd(Buf *rows);
/* Brings n bytes of rows into a memtable.  CORRUPT: they are no rows of its
** table; those before stay.  stop: as in IndexEnv, or NULL. */
SN_FUNC int snBatchRows(Memtable *m, const u8 *p, size_t n, const bool *stop);
/* ... one of them, from behind its rowid on. */
SN_FUNC int snBatchRow(Memtable *m, i64 rowid, Rd *r);
/* Reads a row into an item for each column.  false: the end, or r->bad. */
SN_FUNC bool snBatchItems(const Table *t, Rd *r, i64 *rowid, ArrayItem *row);

/* ---- From merge.c and policy.c ------------------------------------------ */

typedef struct MergeEnv {
  Store *store;      /* its writer is active, or */
  const Reserve *room; /* ... this is where the segment goes; else NULL */
  Budget *budget;
  const View *view;  /* whose segments are merged */
  View *const *twin; /* of the view, for one thread each that helps: */
  u32 ntwin;         /* ... the bytes of the segment are the same */
  bool tight;        /* rows are packed smaller: that takes longer */
  u32 pairs;         /* as of snMemtablePairs() */
  int (*cancelled)(void *); /* asked now and then, by the caller's thread; or
                            ** NULL */
  void *arg;
} MergeEnv;
/* Merges segments [from, to) of the view into one, without its deleted
** documents.  docs 0: nothing left. */
SN_FUNC int snMergeRun(const MergeEnv *e, u32 from, u32 to, u64 id,
    SegmentRef *out);
/* A column by which documents are put in order. */
typedef struct MergeBy {
  u32 column;        /* its id; 0: the rowid */
  u8 type;
  bool desc, nulls_first;
} MergeBy;
/* Can documents be put in the order of a column of this type? */
SN_FUNC bool snMergeOrders(u8 type);
/* Merges all segments of the view into one whose documents are in the order
** of n columns; equal ones keep the order they had.  Memory for it: 48 bytes
** a document while they are sorted, then 8, 8 more while a column of numbers
** is written, the longest list of a term, and 16 per entry of a key. */
SN_FUNC int snMergeSort(const MergeEnv *e, const MergeBy *by, u32 n, u64 id,
    SegmentRef *out);
/* What was deleted of segments [from, to) since the view, in the numbers of
** the segment that they became.  now[i]: of segment from + i; NULL: nothing.
** out: room for as many as there are. */
SN_FUNC void snMergeLate(const MergeEnv *e, u32 from, u32 to,
    Live *const *now, u32 *out);
/* Chooses neighbours to merge: true when there is something to do. */
SN_FUNC bool snMergePick(const TableState *t, u32 *from, u32 *to);
/* Leaves the small ones at the end of what was chosen to later merges, where
** that leaves enough. */
SN_FUNC void snMergeTrim(const TableState *t, u32 from, u32 *to);

/* ---- From index_check.c ------------------------------------------------- */

/* Every invariant of a segment; each finding goes to say().  cancelled, or
** NULL, is asked now and then: true ends it with INTERRUPT. */
SN_FUNC int snIndexCheck(Segment *g, const Table *t, Budget *b,
    void (*say)(void *arg, const char *text), void *arg,
    int (*cancelled)(void *), void *cancel_arg);

#endif
