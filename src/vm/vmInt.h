/*
** vmInt: the state of a run, as the opcode files share it.
**
** Invariants: (1) one source of rows (Next, Groups, Sorted, Wins, Tops,
** Pairs) is current at a time: registers hold values of its batch, and the
** batch arena lives until the next source other than Pairs advances; (2) a
** selection says how many rows the batch has and which of them count; (3)
** registers filled by the first `npre` instructions are constants.
*/
#ifndef SN_VMINT_H
#define SN_VMINT_H
#include "text/text.h"
#include "vm/vm.h"

typedef struct Sel {
  u64 bits[SN_WORDS];
  u32 n;             /* rows of the batch */
} Sel;

/* A register: a vector and the buffers it may use. */
typedef struct Reg {
  Vec v;
  u32 *codes;        /* buffer of CODE form */
  /* CODE form under decoding: rows in `done` are decoded in v.buf. */
  const u32 *coded;
  u64 done[SN_WORDS];
} Reg;

typedef struct MatchState {
  Matcher *m;        /* NULL until first used */
  Query *query;      /* bound */
  Matcher *why;      /* explains, and goes where it is asked to */
  bool at_end;
  u32 seg;           /* segment the matcher is in, or ~0 */
  double *score;     /* of a window that Best was asked for: */
  i64 best;          /* reference to its first row + 1, or 0 */
} MatchState;

typedef struct Update Update;
typedef struct Visit Visit;
typedef struct Fork Fork;
typedef struct ForkWorker ForkWorker;
typedef struct Cursor {
  const CursorDef *def;
  View *view;
  u32 seg, window;   /* current */
  u32 base, rows;    /* of the window */
  u32 from, end;     /* windows of the piece, when there is a fork */
  Fork *fork;        /* or NULL: one thread reads all */
  bool started;
  u32 waiting;       /* rows of the window that were not handed on yet */
  u64 *wait;         /* ... as bits, once there were such, or NULL */
  MatchState *match;
  const Query *marks; /* what Mark looks for, or NULL until first used */
  u64 ***deleted;    /* by segment, by window: what Delete collects */
  Update *update;    /* what Update collects */
  Visit *visit;      /* of windows in an order, or NULL */
  u32 *docs;         /* 4,096: scratch */
} Cursor;

/* What an instruction remembers between batches. */
typedef struct Memo {
  u64 dict_key;
  u64 asked_key, asked; /* a dictionary, and how many of its texts */
  Vec out;           /* results by dictionary entry */
  Arena arena;
  Object *kept;      /* of a function that keeps something */
  i64 lo, hi;
  bool set;
} Memo;

struct Run {
  const Program *prog;
  Session *session;
  Budget *budget;
  const ParamValue *param;
  Reg *reg;
  Sel *sel;
  Cursor *cur;
  Object **obj;
  Memo **memo;       /* by instruction, when it has one */
  u32 batch_rows;    /* of a batch at most so many count */
  u32 turns;         /* rows that a loop within a batch has worked on since
                     ** it was looked whether to end */
  Catalog *cat;      /* keeps the snapshot pinned while rows are read */
  u64 epoch;
  u32 pc;
  bool begun, done, writing, reader;
  bool kept, undone; /* the error leaves what was written; ends the
                     ** transaction: OR FAIL, OR ROLLBACK */
  int rc;
  char error[256];
  i64 now_us;
  u64 start_ns, deadline_ns;
  i64 ops;           /* instructions left: SEINE_LIMIT_OPS */
  RunControl control;
  RunStats stats;
  Profile *profile;  /* or NULL: nothing is measured */
  ForkWorker *worker; /* who it is in the loop that is forked now, or NULL */
  bool alone;        /* it runs in passes: no loop is forked */
  bool twin;         /* runs a loop of another run, in a thread of its own */
  Rows16 rows;       /* of the result */
  const RegList *result;
  /* What is left to the next run: */
  Arena batch;       /* of the current source */
  Arena keep;        /* of the run */
  Buf scratch;
  u16 rows_list[SN_WINDOW];
  u16 list[SN_WINDOW]; /* of the selection that was asked for last: */
  u64 list_of[SN_WORDS];
};

/* ---- From run.c --------------------------------------------------------- */

SN_FUNC int snRunFail(Run *r, int rc, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Interrupt, timeout, progress: asked once per batch. */
SN_FUNC int snRunCheck(Run *r);
SN_FUNC int snRunTurn(Run *r, u32 rows); /* the same, once per window of rows */
SN_FUNC int snRunCancelled(void *run);
/* Are LIMIT and OFFSET, in registers or NO_REG, within what may be asked? */
SN_FUNC int snRunWindow(Run *r, u16 limit, u16 offset);
SN_FUNC int snRunLoop(Run *r); /* DONE, ROW or an error */
SN_FUNC int snRunInstr(Run *r, const Instr *i); /* that one alone */
/* A run for another thread: it sees the registers as they are, and begins
** without cursors and objects. */
SN_FUNC int snRunTwin(Run *of, Run **out);
SN_FUNC void snRunDiscard(Run *left); /* in a session; or NULL */
SN_FUNC void snRunNewBatch(Run *r); /* the arena of the batch is emptied */
SN_FUNC void snRunForget(Run *r, u32 obj); /* what an object holds */
/* Forgets objects and puts cursors back to where they began. */
SN_FUNC void snRunAgain(Run *r, const AgainDef *d);
/* Rows of a selection as a list (r->list) or NULL when all count. */
SN_FUNC Rows16 snRunSel(Run *r, const Sel *s);
static inline void snSelAll(Sel *s, u32 n) {
  s->n = n;
  snBitsFirst(s->bits, SN_WORDS, n);
}

/* ---- From fork.c: a loop in several threads ------------------------------ */

/* The loop of Next, before its first window: c->fork is set when it may be
** forked.  Then Claim gives pieces, windows [c->from, c->end) of c->seg, and
** may start threads; End, behind the last, waits for them and puts together
** what all have collected. */
SN_FUNC int snForkBegin(Run *r, Cursor *c, const Instr *i);
SN_FUNC int snForkClaim(Run *r, Cursor *c, bool *any);
SN_FUNC int snForkEnd(Run *r, Cursor *c);
SN_FUNC bool snForkStopped(const Fork *f); /* the statement is over */
SN_FUNC void snForkFree(Fork *f);
/* Is the Group at instruction `at` all that a loop collects, one that may run
** again, and do Groups come behind it?  *start: of the loop. */
SN_FUNC bool snForkRepeats(Run *r, u32 at, u32 *start);
/* Does nothing lead back over instruction `end` from it or behind, nor to a
** part of the program that the one before it is in? */
SN_FUNC bool snForkOuter(const Program *p, u32 end);
/* What all threads collect is too much: false when they must go on. */
SN_FUNC bool snForkOver(Run *r);
SN_FUNC bool snForkIsOver(const Run *r);

/* ---- From pass.c: what memory does not hold at once ---------------------- */

typedef struct PassColumn { u64 dict_key; u16 *hash; } PassColumn; /* by code */
typedef struct PassPart { u32 mask, value; } PassPart;
typedef struct Pass {
  u32 start;         /* of the loop; 0: nobody has asked yet */
  u32 mask, value;   /* of the hashes of this pass; mask 0: of all */
  PassPart *part;    /* n of them, or none: all is one */
  u32 n, cap, at;
  PassColumn *col;
  u32 ncol;
} Pass;
/* The rows of s that are of this pass, by their keys in n registers; out may be
** s. */
SN_FUNC int snPassRows(Run *r, Pass *p, const u16 *reg, u32 n, const Sel *s,
    Sel *out);
/* May what is counted in `own` not take so many bytes in all, which it needs
** before this is asked again? */
SN_FUNC bool snPassOver(const Run *r, const Budget *own, i64 needs);
/* Can those of the Group at an instruction be made in more passes? */
SN_FUNC bool snPassMay(Run *r, Pass *p, u32 at);
/* Makes of this pass as many as it takes, when the groups of a share of the
** rows, as Seen tells it, in (0, 1], are too many. */
SN_FUNC int snPassSplit(Run *r, Pass *p, double seen);
SN_FUNC double snPassSeen(const Run *r, const Pass *p);
SN_FUNC bool snPassNext(Pass *p);
/* Goes back to the beginning of the loop. */
SN_FUNC int snPassBegin(Run *r, const Pass *p);
SN_FUNC void snPassClear(Pass *p);
/* Can what fills an object, from *from to its Sort *end, run again, and does
** nothing but the object's rows lead behind it?  Again: it runs. */
SN_FUNC bool snPassWhole(const Program *p, u16 obj, u32 *from, u32 *end);
SN_FUNC void snPassAgain(Run *r, u32 from, u32 end);
/* Can rows of the object of d be made in more parts, as things stand?  p: the
** run's, which a thread that asks does not look up there.  More:
** its part is halved, and the stretch begins anew; no change when it may not.
** Again: it begins anew with the parts as they are. */
SN_FUNC bool snPartMay(const Run *r, const Program *p, const PartsDef *d,
    u16 obj);
SN_FUNC int snPartMore(Run *r, const PartsDef *d, u16 obj);
SN_FUNC int snPartAgain(Run *r, const PartsDef *d);
/* Are the objects before it at their last parts? */
SN_FUNC bool snPartLast(const Run *r, const PartsDef *d, u16 obj);

/* ---- From profile.c: a run is measured ----------------------------------- */

/* Entered and left by each step; the first one begins. */
SN_FUNC void snProfileEnter(Run *r);
SN_FUNC void snProfileBegun(Run *r);
SN_FUNC u64 snProfileRowsIn(Run *r, const Instr *i);
SN_FUNC void snProfileCount(Run *r, const Instr *i, u32 at, u64 in);
SN_FUNC void snProfileLeave(Run *r, int rc);
/* Counts of another thread, which has a clock of its own. */
SN_FUNC void snProfileAdd(Profile *f, const Profile *twin);

/* ---- From session.c ----------------------------------------------------- */

/* Where a run leaves its memory to the next one. */
SN_FUNC Run **snSessionRun(Session *s);
typedef struct SlowLog SlowLog;
typedef struct Recall Recall;
/* Segments of another thread, by its number, from 1 on. */
SN_FUNC int snSessionBeside(Session *s, u32 thread, SegmentCache **out);
SN_FUNC SlowLog **snSessionSlow(Session *s); /* *out NULL: nothing was slow */
SN_FUNC Recall **snSessionRecall(Session *s); /* ... nothing is known */

SN_FUNC Cutter *snSessionCutter(Session *s);
typedef struct Percolator Percolator;
SN_FUNC int snSessionPercolator(Session *s, Percolator **out);
/* A column of a table that holds queries over the table of that name, and so
** depends on its columns; *out NULL: there is none. */
SN_FUNC int snSessionQueries(Session *s, const char *name,
    const Table **out, const Column **col);

/* ---- From reg.c --------------------------------------------------------- */

/* Makes the register FLAT with its own buffer, no nulls.  NOMEM. */
SN_FUNC int snRegFlat(Run *r, u16 reg);
SN_FUNC void snRegFree(Run *r, u32 reg);
SN_FUNC u64 *snRegNulls(Run *r, u16 reg); /* its bitmap, zeroed; or NULL */
SN_FUNC u32 *snRegCodes(Run *r, u16 reg);
/* Those of a register in CODE form, or of one that was and is decoded in part;
** NULL: it was not. */
SN_FUNC const u32 *snRegCoded(Run *r, u16 reg);
/* CODE becomes FLAT for the rows of the selection; asked again with another
** selection, its rows are decoded too.  Call it before reading strings. */
SN_FUNC int snRegDecode(Run *r, u16 reg, const Sel *s);
/* dst is what a is, as long as a is not written: a is in CODE form, or decoded
** as far as dst will be read. */
SN_FUNC void snRegAlias(Run *r, u16 dst, u16 a);
/* dst.nulls = a.nulls | b.nulls (b may be NO_REG). */
SN_FUNC int snRegNullsOf(Run *r, u16 dst, u16 a, u16 b);
static inline Vec *snReg(Run *r, u16 reg) { return &r->reg[reg].v; }
/* The integer of a constant register; none: NO_REG or NULL. */
static inline i64 snRegInt(Run *r, u16 reg, i64 none) {
  if (reg == NO_REG || snVecNull(snReg(r, reg), 0)) return none;
  return ((const i64 *)snReg(r, reg)->data)[0];
}
static inline bool snVecBool(const Vec *v, u32 i) {
  return snBit((const u64 *)v->data, snVecAt(v, i)) && !snVecNull(v, i);
}
/* Bits of a BOOLEAN that are true and not null, for a window. */
SN_FUNC void snVecTrue(const Vec *v, u64 *out);
SN_FUNC Memo *snRunMemo(Run *r, const Instr *i);

/* ---- From cursor.c ------------------------------------------------------ */

SN_FUNC int snCursorOpen(Run *r, Cursor *c, const CursorDef *d);
SN_FUNC void snCursorClose(Run *r, Cursor *c);
/* The cursor c of a twin t, over twins of the segments. */
SN_FUNC int snCursorTwin(Run *r, Cursor *of, Run *t, Cursor *c,
    SegmentCache *cache);
SN_FUNC void snCursorRewind(Cursor *c);
SN_FUNC int snCursorMatch(Run *r, Cursor *c, u32 slot, MatchState **out);
/* ... standing in the cursor's segment. */
SN_FUNC int snCursorMatcher(Run *r, Cursor *c, u32 slot, MatchState **out);
SN_FUNC int snCursorReader(Cursor *c, u32 seg, i64 column, ColReader **out);
/* References: segment << 32 | document. */
static inline i64 snRefPut(u32 seg, u32 doc) {
  return (i64)((u64)seg << 32 | doc);
}

/* ---- From bound.c: what a window's values lie between ------------------- */

typedef struct Bounds {
  double lo, hi;
  bool known;        /* values that are not NULL lie in [lo, hi] */
  bool none;         /* there are only NULLs */
  bool nulls;        /* there may be NULLs */
} Bounds;
typedef struct BoundAt { u32 seg, window; double score; } BoundAt;
SN_FUNC int snBoundGet(Run *r, Cursor *c, const BoundDef *d,
    const BoundAt *at, Bounds *out);

/* ---- From visit.c: windows in order of a sort's first key --------------- */

/* Sets the cursor's segment and window; *any: false at the end. */
SN_FUNC int snVisitNext(Run *r, Cursor *c, const VisitDef *d, bool *any);
SN_FUNC void snVisitFree(Visit *v);

/* ---- From op_write.c, op_insert.c and op_update.c ------------------------ */

/* From op_index.c: keys by their names. */
SN_FUNC int snIndexKey(Run *r, Table *t, const KeyDef *k);
SN_FUNC int snIndexCreate(Run *r, const DdlDef *d, TableState *t);
SN_FUNC int snIndexDrop(Run *r, const DdlDef *d);
SN_FUNC int snWriteAll(Run *r); /* what was collected is written */

SN_FUNC int snWriteMark(Run *r, Cursor *c, u32 seg, u32 doc); /* deleted */
SN_FUNC bool snWriteMarked(const Cursor *c, u32 seg, u32 doc); /* ... before */
/* The error of a row without a value that it must have. */
SN_FUNC int snInsertNull(Run *r, const Table *t, u32 col);
SN_FUNC int snUpdateEnd(Run *r, Cursor *c);
SN_FUNC void snUpdateFree(Update *u);

/* ---- From tuples.c: tuples of 64-bit numbers to dense numbers ------------ */

typedef struct Tuples {
  Budget *budget;
  u32 width;         /* numbers of a tuple */
  u32 n;             /* tuples */
  u64 *v;            /* of each tuple */
  u32 cap;
  u64 *slot;
  u32 mask;
} Tuples;
SN_FUNC void snTuplesInit(Tuples *t, Budget *b, u32 width);
SN_FUNC void snTuplesClear(Tuples *t);
/* id[i] of (col[0][i], col[1][i] ...) for the rows i; add false: KEYS_NONE for
** what is new. */
SN_FUNC int snTuplesRows(Tuples *t, const u64 *const *col, Rows16 rows,
    bool add, u32 *id);

/* ---- From keys.c: tuples of values to dense numbers --------------------- */

/* A group key or join key column: its distinct values, numbered from 1; 0 is
** NULL. */
typedef struct KeyColumn {
  u8 type;
  Budget *budget;
  StrSet str;
  IntSet num;
  u64 dict_key;      /* dictionary that map translates */
  u32 *map, map_n;
  struct Dict *dict; /* the first dictionary, as long as values are known by
                     ** its codes; NULL: all are in str */
  u64 home_key;      /* ... its dict_key, */
  u32 *home;         /* ... and its map, while map is that of a guest */
  u32 *code, ncode, code_cap; /* by id; KEYS_ALIEN: of str, since it has none */
  u32 *alien, alien_cap; /* ids of those in str */
  u32 *near;         /* ids of the near_n integers from near_from on, or 0;
                     ** and a 0 behind them */
  u64 near_from;
  u32 near_n, settled; /* settled: values when near was made */
  bool near_all;     /* near holds all values */
  u64 *sieve;        /* of the sieve_n integers from sieve_from on: is it
                     ** there?  A 0 behind them */
  u64 sieve_from, sieve_n;
  u32 *before, *ranked; /* bits before each word; ids by the rank of a bit */
  u32 *grid;         /* by (number so far, id), both small: number + 1 */
  u32 *ids;          /* of the batch: 4,096 */
  u64 *bits;         /* ... what stands in a wide tuple */
} KeyColumn;
typedef struct Keys {
  u32 n;             /* columns */
  Budget *budget;
  KeyColumn *col;
  IntSet *pair;      /* n - 1: (number so far, number of the next column) */
  u32 *tuple;        /* key numbers of each group: n per group, for n > 1 */
  u32 ntuple, tuple_cap;
  bool numbered;     /* the caller reads tuple: it stays */
  bool wide;         /* integers and doubles are not numbered any more: */
  Tuples all;        /* ... they are here, and ids of strings; and as bits
                     ** which are NULL */
  bool null_seen;    /* n == 1: group 0 is in use */
  bool lent;         /* col's map, ids and bits are its own alone */
} Keys;
#define KEYS_NONE 0xffffffffu
SN_FUNC int snKeysInit(Budget *b, Keys *k, const u8 *types, u32 n);
SN_FUNC void snKeysClear(Keys *k);
/* gid[i] for each selected row; add false: KEYS_NONE for what is new, and
** for rows with a NULL in a column whose bit is in null_none (bit 63: in it
** and those behind it). */
SN_FUNC int snKeysGids(Run *r, Keys *k, const u16 *regs, const Sel *s,
    bool add, u64 null_none, u32 *gid);
SN_FUNC u32 snKeysCount(const Keys *k); /* gids are below this */
/* A copy to look keys up, for another thread: the values are those of `from`,
** which stays as it is and longer.  r: the run of `from`; t: of the copy. */
SN_FUNC int snKeysLend(Run *r, Keys *from, Run *t, Keys *to);
/* A value of row i that is no string, as keys compare it. */
SN_FUNC u64 snKeysBits(const Vec *v, u32 i);
/* Numbers of values of one column of strings, 0 of NULL. */
SN_FUNC int snKeysIds(Run *r, Keys *k, u16 reg, const Sel *s,
    const u32 **out);
/* No more keys will come: they are looked up from now on. */
SN_FUNC void snKeysSettle(Keys *k);
/* Values of key column c for groups [from, from + n) to a register. */
SN_FUNC int snKeysEmit(Run *r, const Keys *k, u32 c, u32 from, u32 n,
    u16 dst);

/* ---- From vacuum.c ------------------------------------------------------ */

/* After OPTIMIZE: the file gives back what the old segments held, as far as
** that is had by filling holes.  A service: it fails only when this connection
** writes no more, with a message. */
SN_FUNC int snVacuumAfter(Session *s, int (*stop)(void *), void *arg,
    char *message);
/* The same behind merges of other statements, when that is worth it, since
** over a quarter of the file is free, and nobody else has it open. */
SN_FUNC bool snVacuumWorth(Session *s);
SN_FUNC void snVacuumSpare(Session *s, int (*stop)(void *), void *arg);

/* ---- From edge.c: what a sort needs not keep ----------------------------- */

typedef struct Edge {
  bool set;
  i64 i;
  double d;
  Str str;           /* in the store */
  u64 dict;          /* where it was looked for last, or 0, and found: */
  u32 code, next;
} Edge;
/* The first key of a row of a store. */
SN_FUNC void snEdgeSet(Edge *e, const RowStore *rows, u32 row,
    const SortKey *key);
/* Drops rows of sel whose key, in reg, lies beyond a set edge, or before it,
** or equals it; where that is not told by the first key a row stays. */
SN_FUNC int snEdgeCut(Run *r, Edge *e, u16 reg, const SortKey *key,
    bool beyond, bool equal, Sel *s);
/* Of the rows of sel those that `most` others of them come before are dropped,
** as far as a key of numbers tells; sole: it is the only one, and of equal rows
** the first come first. */
SN_FUNC int snEdgeFirst(Run *r, u16 reg, const SortKey *key, u32 most,
    bool sole, Sel *s);

/* ---- From op_sort.c: rows that wait in an object ------------------------ */

typedef struct StoreObject {
  Object head;
  Budget budget;     /* of the rows: part of the run's */
  const u8 *types;   /* of the columns that are added */
  u32 ncol;
  RowStore rows;
  u32 *order;        /* NULL: as they came */
  u32 n, at;         /* rows to give, given */
  u64 top;           /* rows that can matter, or 0 */
  bool known;        /* it was asked for the edge: */
  Edge upper;        /* rows beyond it cannot matter */
  i64 bound_ref;     /* of an eager sort: of the row at the upper edge */
  /* Passes, see pass.c: */
  Pass pass;         /* of rows for window functions; of others: */
  bool cut;          /* rows beyond the last one are for the next */
  u32 from, end;     /* what fills it, up to Sort: known when it is cut */
  bool marked;       /* row 0 is the last one of the pass before, */
  Edge lower;        /* ... whose first key is here, */
  u64 ties, met;     /* ... and rows equal to it: given, seen in this pass */
} StoreObject;
SN_FUNC int snStoreObject(Run *r, u16 obj, const u8 *types, u32 ncol,
    StoreObject **out);
/* Rows of sel, of those registers. */
SN_FUNC int snStoreAdd(Run *r, StoreObject *o, const Sel *s,
    const RegList *list);
SN_FUNC int snStoreEmit(Run *r, const RowStore *rows, const u32 *order,
    u32 at, u32 n, const RegList *list);

/* ---- From op_join.c and op_look.c: what twins read ----------------------- */

SN_FUNC bool snJoinLends(const Object *join); /* its build side stays so */
SN_FUNC int snJoinLend(Run *r, Object *join, Run *t, Object **out);
SN_FUNC int snLookLend(Run *r, Object *look, Run *t, Object **out);

/* ---- From op_agg.c: groups of twins -------------------------------------- */

SN_FUNC bool snGroupMerges(const GroupDef *d);
SN_FUNC u32 snGroupCount(const Object *group);
/* Groups and distinct values, of none (NULL) too. */
/* Begins the loop anew, to make the groups in passes; see snPassSplit(). */
SN_FUNC int snGroupPasses(Run *r, const Instr *i, double seen);
SN_FUNC u64 snGroupSize(const Object *group);
/* Groups [from, to) of `made` come to those that object a of Group i has in r,
** in order; when all have, End brings the values of DISTINCT. */
SN_FUNC int snGroupMerge(Run *r, const Instr *i, Object *made, u32 from,
    u32 to);
SN_FUNC int snGroupMergeEnd(Run *r, const Instr *i, Object *made);

/* ---- From op_table.c ----------------------------------------------------- */

/* What a row has, as a function in FROM takes it: no copy; v is not in CODE
** form. */
SN_FUNC void snTableArg(const Vec *v, u32 row, TableArg *out);

/* ---- From ask.c --------------------------------------------------------- */

/* The bound query of a slot, made once a run. */
SN_FUNC int snAskQuery(Run *r, Cursor *c, u32 slot, Query **out);
/* The live row of that number; *doc DOC_END: there is none. */
SN_FUNC int snAskFind(const View *v, i64 rowid, u32 *seg, u32 *doc);
/* The texts of a column in n rows (best ascending), in the arena or the
** dictionary's; {0}: NULL. */
SN_FUNC int snAskTexts(Segment *g, const Column *col, const u32 *docs, u32 n,
    Arena *a, DictText *out);

/* ---- From percolate.c and percolate_doc.c ------------------------------- */

/* What a connection knows of the stored queries it has met. */
SN_FUNC int snPercolatorNew(Budget *b, Percolator **out);
SN_FUNC void snPercolatorFree(Percolator *p);
SN_FUNC int snPercolateFill(TableCall *c);
/* The argument of percolate() as a view of one document of the target. */
SN_FUNC int snPercolateDoc(TableCall *c, const char *target, size_t n,
    View **out);

/* ---- From table_suggest.c ------------------------------------------------ */

SN_FUNC int snTableSuggestNear(TableCall *c);
SN_FUNC int snTableSuggestTexts(TableCall *c);
SN_FUNC int snTableSuggestWords(TableCall *c);
SN_FUNC int snTableSuggestTerms(TableCall *c);

/* ---- From slow.c --------------------------------------------------------- */

SN_FUNC void snSlowFree(SlowLog *l);

/* ---- From recall.c: conditions that are remembered ----------------------- */

SN_FUNC void snRecallFree(Recall *m); /* or NULL; nobody uses it */
SN_FUNC void snRecallClear(Recall *m); /* or NULL: what nobody uses now */
SN_FUNC int snRecallLend(Run *t, Object *recall, Object **out);
SN_FUNC int snSlowFill(TableCall *c);

/* ---- From table_series.c ------------------------------------------------- */

SN_FUNC int snTableSeriesInts(TableCall *c);
SN_FUNC int snTableSeriesRange(TableCall *c);
SN_FUNC int snTableSeriesMoments(TableCall *c);
SN_FUNC int snTableSeriesMomentsOpen(TableCall *c);

/* ---- From table_each.c -------------------------------------------------- */

SN_FUNC int snTableUnnest(TableCall *c);
SN_FUNC int snTableJsonEach(TableCall *c);
SN_FUNC int snTableJsonTree(TableCall *c);

/* ---- From cutting.c: words for memtables and queries -------------------- */

typedef struct Cutting {
  Cutter *cutter;
  Tokens tokens;
  Session *session;  /* finds the tables over which queries are kept; NULL: */
  Table **target;    /* ... those found before; each kept */
  u32 ntarget, target_cap;
  Buf routes;        /* of the last query */
  u32 *route, route_cap;
} Cutting;
/* Free it whatever rc. */
SN_FUNC int snCuttingInit(Cutting *c, Budget *b, Session *s);
/* Finds what the queries of a table are over: then c needs no session, and may
** go to another thread. */
SN_FUNC int snCuttingFind(Cutting *c, Session *s, const Table *t);
SN_FUNC void snCuttingFree(Cutting *c);
/* What IndexEnv and QueryCut call; arg is a Cutting.  Stored cuts a text as it
** was indexed, Query and Fold by the analyzer of queries. */
SN_FUNC int snCuttingAt(void *arg, const Column *col, const u8 *p, u32 n,
    u32 first_pos, CutTokens *out);
SN_FUNC int snCuttingStored(void *arg, const Column *col, const u8 *p, u32 n,
    CutTokens *out);
SN_FUNC int snCuttingQuery(void *arg, const Column *col, const u8 *p, u32 n,
    CutTokens *out);
SN_FUNC int snCuttingFold(void *arg, const Column *col, const u8 *p, u32 n,
    Buf *out);

/* ---- Between session.c and ingest.c ------------------------------------- */

SN_FUNC int snIngestNew(Session *s, Memtable *mem, Ingest **out);
SN_FUNC void snIngestFree(Ingest *in);
/* Of the rows that follow.  Those of another mode are gathered first. */
SN_FUNC int snIngestMode(Ingest *in, IngestMode mode);
/* Are there rows in batches, or in threads? */
SN_FUNC bool snIngestWaits(const Ingest *in);
/* What is held, and how many rows; NULL: nothing. */
SN_FUNC const Buf *snIngestHeld(const Ingest *in, u32 *rows);
SN_FUNC int snIngestOffer(Ingest *in);  /* a batch that is full is handed on */
SN_FUNC int snIngestFinish(Ingest *in); /* waits; segments are written */
SN_FUNC void snIngestDiscard(Ingest *in); /* rows not written are forgotten */
/* Writes a segment, or the memtable of a table as one, behind the others. */
SN_FUNC int snSessionPublish(Session *s, u64 table, SegDraft *d);
SN_FUNC int snSessionPublishRows(Session *s, u64 table);
SN_FUNC int snSessionFlushLarge(Session *s, u64 table); /* if it is large */
/* The rows of a table that ride in the claim become the first ones of its
** memtable, which is empty then; from here on the transaction has them. */
SN_FUNC int snSessionTakeRows(Session *s, u64 table);

SN_FUNC bool snIngestBatched(const Ingest *in); /* rows go to batches */

/* ---- From delta.c: rows that ride in the claim --------------------------- */

#define DELTA_MOST (TABLE_SPILLS + 1u) /* segments of a table */
#define DELTA_KEPT (4 * DELTA_MOST)
#define DELTA_SMALL (16u << 10) /* bytes of a spill that more are put to */
#define DELTA_TABLES 4u  /* whose keys are kept */
typedef struct DeltaEntry {
  View *view;        /* or NULL */
  u64 sum, used;
} DeltaEntry;
typedef struct DeltaKeys DeltaKeys;
typedef struct Delta {
  DeltaEntry entry[DELTA_KEPT];
  u64 clock;
  DeltaKeys *keys[DELTA_TABLES]; /* the ones used last come first; or NULL */
} Delta;
/* Part i of the rows of a state: a spill, or, behind them, what is in the
** claim. */
typedef struct DeltaPart {
  Extent *extent;    /* or NULL; the caller drops it */
  const u8 *p;
  size_t n;
  u32 docs;
} DeltaPart;
SN_FUNC u32 snDeltaParts(const TableState *t);
SN_FUNC u64 snDeltaSum(const TableState *t, u32 i);
SN_FUNC u64 snDeltaBytes(const TableState *t, u32 i);
SN_FUNC int snDeltaPart(Store *s, const TableState *t, u32 i, DeltaPart *out);
SN_FUNC void snDeltaClear(Delta *d);
/* Brings the rows that ride in a state into an empty memtable of its table. */
SN_FUNC int snDeltaFill(Store *s, const TableState *t, Memtable *m);
/* Makes a segment of those that were spilled. */
SN_FUNC int snDeltaDraft(Session *s, const TableState *t, SegDraft **out);
/* The bytes of spills; *small: of how many at the end each is a small one. */
SN_FUNC u64 snDeltaSpilled(const TableRows *rows, u32 *small);
/* The rows of spills from `from` on, as those of one. */
SN_FUNC int snDeltaPack(Store *s, const TableState *t, u32 from, Buf *out);
/* Are all spills of `was` the first ones of a state? */
SN_FUNC bool snDeltaHas(const TableState *t, const TableRows *was);
/* Of a state that is not yet put: in the place of spills [from, to) comes one,
** or, with NULL, none. */
SN_FUNC void snDeltaSwap(TableState *t, u32 from, u32 to,
    const TableSpill *with);
/* The rows as *n segments, DELTA_MOST at most, which d keeps; of a damaged file
** as many as can be read. */
SN_FUNC int snDeltaSegments(Delta *d, Session *s, TableState *t,
    Segment **out, u32 *n);

/* ---- From delta_keys.c: their keys --------------------------------------- */

typedef struct DeltaSet {
  u64 sum;           /* of a part, */
  u32 bytes;         /* ... of which the first so many are here */
  u32 n, mask;
  u64 *slot;         /* hashes, and 0 between them; or NULL */
} DeltaSet;
struct DeltaKeys {
  Table *table;
  u32 n;
  DeltaSet set[DELTA_MOST]; /* by part */
};
/* Adds the hashes of the keys of a row, which stands in `row`, to a set. */
typedef struct DeltaReader {
  ArrayItem *row;    /* by column */
  int (*seen)(void *arg, i64 rowid, DeltaSet *to);
  void *arg;
} DeltaReader;
SN_FUNC Delta *snSessionDelta(Session *s);
SN_FUNC int snDeltaSetAdd(Budget *b, DeltaSet *s, u64 hash); /* not 0 */
/* The keys of a table as they were given back last: they have to follow. */
SN_FUNC int snDeltaKeysTake(Session *s, Table *t, DeltaKeys **out);
SN_FUNC void snDeltaKeysGive(Session *s, DeltaKeys *k); /* takes NULL */
SN_FUNC void snDeltaKeysFree(DeltaKeys *k);
/* Brings them to the rows of a state. */
SN_FUNC int snDeltaKeysFollow(DeltaKeys *k, Session *s, const TableState *t,
    const DeltaReader *r);
SN_FUNC bool snDeltaKeysHas(const DeltaKeys *k, u64 hash);

/* ---- From unique.c: rows that may not share a key ------------------------ */

/* Of a table in that state, rows that ride included.  NULL: it has no keys. */
SN_FUNC int snUniqueNew(Session *s, const TableState *t, Memtable *mem,
    Ingest *in, Unique **out);
SN_FUNC void snUniqueFree(Unique *u);
SN_FUNC void snUniqueMark(Unique *u);  /* a statement begins; takes NULL */
SN_FUNC int snUniqueUndo(Unique *u);   /* ... has failed */
/* ... ends: rows that it deleted are; rows checked late do not collide. */
SN_FUNC int snUniqueEnd(Unique *u, char *message);
/* Does any row share the key of that id with another? */
SN_FUNC int snUniqueAll(Unique *u, u32 id, char *message);
SN_FUNC const Memtable *snUniqueMem(const Unique *u);
SN_FUNC int snSessionUniqueEnd(Session *s, char *message);
SN_FUNC int snSessionViewOf(Session *s, const TableState *t, View **out);

/* Opcode functions. */
#define OPCODE_DECLARE(name, fn, text, kinds) \
  SN_FUNC int fn(Run *, const Instr *);
VM_OPCODES(OPCODE_DECLARE)
#undef OPCODE_DECLARE

#endif
