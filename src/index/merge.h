/*
** merge.h: a merge, as its files share it.
*/
#ifndef SN_MERGE_H
#define SN_MERGE_H
#include "index/indexInt.h"

typedef struct MergeIn {
  Segment *seg;
  Live *live;
  u32 from;          /* documents of the inputs before it */
  u32 base, docs;    /* first new number; documents that stay */
  u32 *map;          /* new number by old, DOC_END = deleted; NULL: base + i */
} MergeIn;

/* What is written apart from the rest: the rows, or what a column or a key
** has beside them. */
typedef struct MergePart {
  const Column *col; /* one of the two; neither: the rows */
  const TableKey *key;
  u64 bytes;         /* of it in the inputs */
} MergePart;

/* Of a thread. */
typedef struct Merge {
  const MergeEnv *e;
  MergeIn *in;
  u32 from, n;       /* of the segments of the view */
  u32 docs;
  const MergeBy *by; /* the columns of the order, or NULL */
  u32 nby;
  u32 *order;        /* from + old number by new; NULL: order is kept */
  u32 *map;          /* new number by from + old; the inputs' maps are in it */
  MergePart *part;   /* in the order of the file */
  u32 npart;
  const Column **row; /* those whose values are rows, */
  u32 *row_id, nrow;  /* ... and their ids */
  bool helps;        /* is not the caller's: must not ask it */
  bool *stop;        /* set by another thread; or NULL */
  /* Of the part that is written: */
  SegWriter w;
  Arena arena;       /* of a window */
  u64 *with;         /* by document: has a term, when not NULL */
  PairPick *pick;    /* frequent words whose pairs get lists, or NULL */
  u32 *pair_ord;     /* ... in each input, by slot */
} Merge;

static inline u32 mergeDoc(const MergeIn *in, u32 doc) {
  return in->map ? in->map[doc] : in->base + doc;
}

/* From merge.c.  g: the Merge.  Whether to end here: INTERRUPT. */
SN_FUNC int snMergeCancelled(void *g);
SN_FUNC int snMergePart(Merge *g, const MergePart *p);

/* From merge_part.c: writes all parts. */
SN_FUNC int snMergeParts(Merge *g);

/* From merge_walk.c. */
typedef struct MergeWalk {
  DictIter *it;
  bool *open;        /* shows a term, */
  u64 *key;          /* ... and how it begins */
  u32 n;
  u32 *same, nsame;  /* inputs that show the least term */
} MergeWalk;
SN_FUNC int snMergeWalkOpen(Merge *g, Dict **dicts, MergeWalk *k);
SN_FUNC void snMergeWalkClose(MergeWalk *k); /* whatever rc */
/* Finds the least term and who has it; false at the end. */
SN_FUNC bool snMergeWalkNext(MergeWalk *k);
SN_FUNC int snMergeWalkStep(MergeWalk *k);

/* From merge_order.c.  Open: room for the map of all inputs, before they are
** numbered.  Order: from the order of the inputs to the other one. */
SN_FUNC int snMergeOrderOpen(Merge *g);
SN_FUNC int snMergeOrder(Merge *g);
/* The input of a document, by its number in g->order. */
SN_FUNC u32 snMergeInput(const Merge *g, u32 old);

/* From merge_term.c.  Words: terms, norms and pairs of a text; Dict: the
** dictionary, the lists of keywords and the codes of a column. */
SN_FUNC int snMergeWords(Merge *g, u32 column);
SN_FUNC int snMergeDict(Merge *g, const Column *col, ColReader **cols);

/* From merge_col.c.  remap: per input, the new codes by old (DICT_NONE: no
** document left); NULL: the values are no codes. */
SN_FUNC int snMergeColumn(Merge *g, u32 column, u8 type, SecKind kind,
    ColReader **cols, u32 **remap);
SN_FUNC int snMergeArrays(Merge *g, u32 column, u8 type, SecKind kind,
    ColReader **cols, u32 **remap);

/* From merge_row.c and merge_key.c. */
SN_FUNC int snMergeRows(Merge *g);
SN_FUNC int snMergeKey(Merge *g, const TableKey *k);

#endif
