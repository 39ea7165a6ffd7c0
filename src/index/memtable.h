/*
** memtable.h: the memtable as memtable.c fills it and flush.c empties it.
*/
#ifndef SN_MEMTABLE_H
#define SN_MEMTABLE_H
#include "index/indexInt.h"

#define MEM_JUMP 0x80000000u
#define MEM_BACK 0x40000000u

/* A value of a string column: its bytes, and its number in `values`, or ~0
** once the column has stopped looking for repeats. */
typedef struct MemRef {
  const char *p;
  u32 n, id;
} MemRef;

typedef struct MemColumn {
  const Column *column;
  u8 elem, form;
  bool is_array, is_text, is_key, interned;
  u32 n, cap, refs_cap;   /* values (elements of arrays) */
  u32 kept;               /* of them: of rows that have them all */
  i64 *ints;              /* numbers; of REAL the bits */
  MemRef *refs;           /* strings */
  u32 ndocs, docs_cap, counts_cap;
  u32 *docs;              /* documents with a value, ascending; NULL: it is
                          ** the first ndocs */
  u32 *counts;            /* of arrays: elements of each of them */
  u32 *holes, nholes, holes_cap; /* of arrays: values that are NULL */
  StrSet values;          /* distinct strings */
  Arena bytes;            /* strings kept apart */
  u64 bytes_total;
  StrSet words;           /* of TEXT: distinct words */
  u32 *log, nlog, log_cap;
  u32 *log_end, log_end_cap; /* per entry of docs */
  u32 expect;             /* position that the next word is expected at */
} MemColumn;

/* Document k of those with a value. */
static inline u32 snMemDoc(const MemColumn *c, u32 k) {
  return c->docs ? c->docs[k] : k;
}

struct Memtable {
  Budget *budget;
  Budget used;
  IndexEnv env;
  Table *table;
  MemColumn *col;
  i64 *rowids;
  u32 ndocs, rowid_cap;
  u32 pairs;              /* frequent words whose pairs get lists */
  u32 *dead, ndead, dead_cap; /* rows that were deleted, as they were, */
  u64 *gone;                  /* ... and their bits */
  u32 gone_cap;
};
SN_FUNC void snMemtableEmpty(Memtable *m);

#endif
