/*
** vm: a program over batches.  Vectors, functions over them, aggregates,
** and the machine that runs a program of register instructions, one window
** of at most 4,096 rows at a time.  Knows no SQL text.
*/
#ifndef SN_VM_H
#define SN_VM_H
#include "match/match.h"
#include "vm/opcodes.h"

/* ---- From vec.c: vectors ------------------------------------------------ */

/* A string or bytes; p may be NULL when n is 0.  Not owned. */
typedef struct Str { const u8 *p; u32 n; u32 pad; } Str;

typedef enum VecForm {
  VEC_FLAT,  /* data[i] is the value of row i */
  VEC_CONST, /* data[0] is the value of every row, nulls bit 0 its null */
  VEC_CODE   /* data[i] is a u32 number of a dictionary entry (strings) */
} VecForm;

/* A register's content.  data by form of the type (see Form): i64[], double[]
** or Str[]; but a BOOLEAN is a bitmap: u64[64], bit i = row i is true (for
** CONST: bit 0).  nulls: bit i = row i is NULL; NULL pointer = no nulls.
** Rows outside the selection hold anything valid to read. */
typedef struct Vec {
  u8 type;          /* Type */
  u8 form;          /* VecForm */
  bool owned;       /* data belongs to the register's own buffer */
  void *data;
  u64 *nulls;
  struct Dict *dict; /* of CODE */
  u64 dict_key;     /* of CODE: equal keys = equal dictionaries */
  void *buf;        /* the register's own 4,096-row buffer, when it has one */
  u64 *null_buf;
} Vec;
static inline bool snVecNull(const Vec *v, u32 i) {
  return v->nulls && snBit(v->nulls, v->form == VEC_CONST ? 0 : i);
}
static inline u32 snVecAt(const Vec *v, u32 i) {
  return v->form == VEC_CONST ? 0 : i;
}

/* The rows an operation works on: rows[0..n) in increasing order, or 0..n-1
** when rows is NULL. */
typedef struct Rows16 { const u16 *rows; u32 n; } Rows16;

/* ---- From func.c: scalar functions -------------------------------------- */

/* What is freed by a function of its own; the first member of each kind.
** again, or NULL: it is emptied, to be filled with the part of its rows that
** pass tells (pass.c). */
typedef struct Object Object;
typedef void (*ObjectFree)(Object *o);
struct Object {
  ObjectFree free;
  int (*again)(Object *o);
  struct Pass *pass;
};

/* What a kernel may use.  arena lives until the batch is done: results that
** need bytes take them there. */
typedef struct FuncCtx {
  Arena *arena;
  Budget *budget;
  i64 now_us;       /* the statement's time */
  Buf *scratch;     /* for building one value at a time */
  char *error;      /* 256 bytes: message when the kernel returns an error */
  Object **kept;    /* FUNC_KEEPS: what this call keeps from batch to batch */
  const i64 *counters; /* of the connection: changes, total, last rowid; or
                       ** NULL */
  int (*cancelled)(void *); /* asked now and then by who works long, or NULL:
                            ** true ends with INTERRUPT */
  void *cancel_arg;
  size_t made;      /* bytes or steps since it was asked */
  int rc;           /* INTERRUPT: it was, and what the kernel makes is void,
                    ** whatever it returns */
} FuncCtx;

/* Computes out for the given rows.  Arguments are FLAT or CONST and of the
** types the table asks for.  out is FLAT with buffers of 4,096 rows; its
** nulls are set already where an argument is NULL and those rows are not in
** `rows` (unless FUNC_NULLS: then nulls are all 0 and all rows come).  A
** kernel may set further null bits.  A BOOLEAN result: bits start as 0. */
typedef int (*FuncKernel)(FuncCtx *c, const Vec *args, u32 n, Rows16 rows,
    Vec *out);

#define FUNC_NULLS   0x01 /* sees NULL arguments itself */
#define FUNC_IMPURE  0x02 /* random(), not now(): may differ row by row */
#define FUNC_KEEPS   0x04 /* has something in kept, NULL at first */
#define FUNC_SAME    0xff /* ret: the type of the first argument */
#define FUNC_ITEM    0xfd /* ret: that of the elements of the first one */

/* args: a letter per argument: b BOOLEAN, i INTEGER, r REAL, s TEXT, t
** TIMESTAMP, d DATE, v INTERVAL, p IP, g GEOPOINT, j JSON, x BLOB, a any
** array, k any string-like, n INTEGER or REAL as given, * anything as given.
** '?' stands before the first optional one, '+' at the end repeats the last.
** Several entries of one name are tried in order. */
typedef struct Func {
  const char *name; /* lower case */
  const char *args;
  u8 ret;           /* Type, or FUNC_SAME */
  u8 flags;
  FuncKernel fn;     /* NULL: a form that the compiler takes apart */
} Func;
/* The k-th entry of that name (any case), or NULL. */
SN_FUNC const Func *snFuncFind(const char *name, size_t n, u32 k);
SN_FUNC const Func *snFuncAt(u32 i); /* all of them; NULL behind the last */
/* Sets element i of a string result: copies the bytes to the arena. */
SN_FUNC int snFuncStr(FuncCtx *c, Vec *out, u32 i, const void *p, size_t n);

/* ---- From kern_cast.c --------------------------------------------------- */

/* Converts rows of in (FLAT or CONST, of any type) to out (type set, FLAT,
** nulls set where in is NULL).  What cannot be converted becomes NULL. */
SN_FUNC int snCastVec(FuncCtx *c, const Vec *in, Rows16 rows, Vec *out);

/* ---- From kern_like.c --------------------------------------------------- */

/* SQL LIKE (case-insensitive for ASCII, % and _, escape -1 = none) and GLOB
** (case-sensitive, * ? [set]), in time linear in text times pattern.  c: whom
** to ask whether to end, or NULL. */
SN_FUNC bool snLike(FuncCtx *c, const u8 *p, u32 n, const u8 *pat, u32 np,
    i32 escape);
SN_FUNC bool snGlob(FuncCtx *c, const u8 *p, u32 n, const u8 *pat, u32 np);

/* ---- From agg.c: aggregates --------------------------------------------- */

#define AGG_ORDERED 0x01 /* the answer depends on the order of rows */

/* Argument letters as in Func; ret: a Type, FUNC_SAME, or AGG_ARRAY: an array
** of the first argument's type. */
#define AGG_ARRAY 0xfe
typedef struct AggOps AggOps; /* private to agg_*.c */
typedef struct AggFunc {
  const char *name; /* lower case */
  const char *args; /* "" for count(*) */
  u8 ret, flags;
  const AggOps *ops;
  i32 tag;          /* tells functions of equal ops apart */
} AggFunc;
SN_FUNC const AggFunc *snAggFind(const char *name, size_t n, u32 k);
SN_FUNC const AggFunc *snAggAt(u32 i); /* NULL behind the last */

/* The states of one aggregate call for all groups, which are numbered from
** 0.  Results do not depend on the order of rows but for AGG_ORDERED ones:
** sums of doubles are exact (see sum.c). */
typedef struct Agg Agg;
SN_FUNC int snAggOpen(Budget *b, const AggFunc *f, const u8 *types, u32 n,
    bool distinct, Agg **out);
/* Rows come to the aggregate by keys, at most limit (-1: all) of a group.
** Then args have n keys more behind those of the function; types: of all. */
#define AGG_ORDERS 4u
typedef struct SortKey SortKey;
SN_FUNC int snAggOrder(Agg *a, const SortKey *keys, u32 n, const u8 *types,
    i64 limit);
SN_FUNC void snAggClose(Agg *a);
/* gid[i] is the group of row i (gid NULL: all rows are of group 0), below
** ngroups.  args are FLAT or CONST.  NULLs are the aggregate's business.
** error: 256 bytes for a message. */
SN_FUNC int snAggUpdate(Agg *a, const u32 *gid, u32 ngroups,
    const Vec *args, Rows16 rows, char *error);
/* Can the states of this one be merged?  Of DISTINCT they are not, but values
** that came once are brought: map[g] is where group g went, number[n] what is
** number n here (see snAggNumbered; else NULL). */
SN_FUNC bool snAggMerges(const AggFunc *f);
SN_FUNC bool snAggIsDistinct(const Agg *a);
SN_FUNC u32 snAggDistinct(const Agg *a); /* values of groups so far */
SN_FUNC int snAggMergeDistinct(Agg *a, const Agg *from, const u32 *map,
    const i64 *number, u32 ngroups, char *error);
/* Adds the states of groups at + i of another Agg, opened alike, to groups
** gid[i] (NULL: 0), as if their rows had come here; rows: the i. */
SN_FUNC int snAggMerge(Agg *a, const Agg *from, u32 at, Rows16 rows,
    const u32 *gid, u32 ngroups, char *error);
/* Results of groups [from, from + n) to out (FLAT, type set, buffers of
** 4,096 rows, n at most that; nulls cleared before); bytes in the arena. */
SN_FUNC int snAggFinal(Agg *a, u32 from, u32 n, Arena *arena, Vec *out);
/* True: it counts distinct strings, and asks for an INTEGER in place of each:
** equal strings have one, numbered from 1 on as they came. */
SN_FUNC bool snAggNumbered(Agg *a);
/* Do both, of the same argument, keep the same of it?  Then the result of one
** can be had from the other. */
SN_FUNC bool snAggIsShared(const AggFunc *f, const AggFunc *g);
SN_FUNC bool snAggIsExtreme(const AggFunc *f, bool *most); /* min, max */
SN_FUNC bool snAggIsSum(const AggFunc *f); /* ... of INTEGERs, or their mean */
/* plus: as if it had been added to each value of a sum. */
SN_FUNC int snAggFinalAs(Agg *a, const AggFunc *f, i64 plus, u32 from, u32 n,
    Arena *arena, Vec *out);
SN_FUNC void snAggReset(Agg *a); /* forgets all groups */
/* The message of a Final that gave SEINE_ERROR, else "". */
SN_FUNC const char *snAggError(const Agg *a);

/* ---- From sum.c: sums that do not depend on order ----------------------- */

/* An exact accumulator of doubles: 32-bit digits at absolute exponents in
** 64-bit slots, as many as the values seen need. */
typedef struct ExactSum {
  i64 *digit;       /* NULL while first[] has room: may be moved */
  i32 low;          /* exponent index of digit[0] */
  u32 n, cap;
  u32 pending;      /* additions since carries were settled */
  u32 nan, pinf, ninf;
  Budget *budget;
  i64 first[4];     /* digits until more are needed */
} ExactSum;
SN_FUNC void snSumInit(ExactSum *s, Budget *b);
SN_FUNC void snSumClear(ExactSum *s);
SN_FUNC int snSumAdd(ExactSum *s, double v);
SN_FUNC int snSumSub(ExactSum *s, double v); /* takes a value out again */
SN_FUNC int snSumMerge(ExactSum *s, const ExactSum *other);
SN_FUNC double snSumGet(ExactSum *s); /* correctly rounded */

/* ---- From rows.c: rows that wait in memory ------------------------------ */

/* Columns of any number of rows.  BOOLEAN is held as i64 0 or 1.  Strings
** are copied. */
typedef struct RowCol {
  u8 type, form;
  i64 *i;           /* FORM_INT */
  double *d;        /* FORM_REAL */
  Str *s;           /* FORM_STR */
  u64 *nulls;       /* bitmap */
  bool some;        /* ... of which some are, or were, set */
} RowCol;
typedef struct RowStore {
  Budget *budget;
  Arena bytes;
  u32 ncol;
  u32 n, cap;
  RowCol *col;
} RowStore;
SN_FUNC int snRowsInit(RowStore *r, Budget *b, const u8 *types, u32 ncol);
SN_FUNC void snRowsClear(RowStore *r);
/* Appends the given rows of the vectors (FLAT or CONST). */
SN_FUNC int snRowsAdd(RowStore *r, const Vec *const *cols, Rows16 rows);
/* Adds a column of nulls; *out is its number. */
SN_FUNC int snRowsAddColumn(RowStore *r, u8 type, u32 *out);
/* Rows order[from ..] (order NULL: as they came) to a vector with buffers of
** 4,096 rows; strings point into the store. */
SN_FUNC void snRowsEmit(const RowStore *r, u32 col, const u32 *order,
    u32 from, u32 n, Vec *out);
/* Rows pick[0 .. n) to a vector with buffers; ROWS_NONE: a row of NULLs. */
#define ROWS_NONE 0xffffffffu
SN_FUNC void snRowsGather(const RowStore *r, u32 col, const u32 *pick, u32 n,
    Vec *out);
/* A row under construction: one value per column in order, then End.  Texts
** are copied at End; NULL is a text that is NULL.  rc is sticky. */
#define ROWS_MAKER 16u /* columns, at most */
typedef struct RowMaker {
  RowStore *to;
  u32 n;
  i64 num[ROWS_MAKER];
  Str str[ROWS_MAKER];
  bool null[ROWS_MAKER];
  int rc;
} RowMaker;
SN_FUNC void snRowsInt(RowMaker *m, i64 v);
SN_FUNC void snRowsReal(RowMaker *m, double v);
SN_FUNC void snRowsStr(RowMaker *m, const void *p, u32 n);
SN_FUNC void snRowsText(RowMaker *m, const char *s);
SN_FUNC void snRowsEnd(RowMaker *m);
struct SortKey { u32 col; bool desc, nulls_last; };
/* The rows in order of the keys, stable: out has r->n numbers. */
SN_FUNC u64 snRowsSortReal(double d); /* as it is sorted */
SN_FUNC int snRowsSort(const RowStore *r, const SortKey *keys, u32 nkeys,
    u32 **out);
SN_FUNC int snRowsCompare(const RowStore *r, const SortKey *keys, u32 nkeys,
    u32 a, u32 b); /* < 0, 0, > 0; NULLs are equal */
/* Row a against row i of vectors, one for each key, that are not codes. */
SN_FUNC int snRowsAgainst(const RowStore *r, const SortKey *keys, u32 nkeys,
    u32 a, const Vec *const *key, u32 i);

/* ---- From window.c: window functions ------------------------------------ */

typedef enum FrameEnd {
  FRAME_UNBOUNDED_PRECEDING, FRAME_PRECEDING, FRAME_CURRENT,
  FRAME_FOLLOWING, FRAME_UNBOUNDED_FOLLOWING
} FrameEnd;
typedef enum FrameMode { FRAME_ROWS, FRAME_RANGE, FRAME_GROUPS } FrameMode;
typedef enum FrameExclude {
  EXCLUDE_NONE, EXCLUDE_ROW, EXCLUDE_GROUP, EXCLUDE_TIES
} FrameExclude;
typedef struct Frame {
  u8 mode, start, end;   /* FrameMode, FrameEnd */
  i64 start_n, end_n;    /* of PRECEDING and FOLLOWING; but where */
  u32 start_by, end_by;  /* ... is a column + 1, its value in the first row:
                         ** INTEGER, in RANGE also REAL and INTERVAL */
  u8 exclude;            /* FrameExclude */
} Frame;
typedef struct WindowFunc {
  const char *name;    /* row_number ... nth_value; not the aggregates */
  const char *args;
  u8 ret;
  i32 tag;
} WindowFunc;
SN_FUNC const WindowFunc *snWindowFind(const char *name, size_t n, u32 k);
SN_FUNC const WindowFunc *snWindowAt(u32 i);
/* One call over the rows of a store: func or agg is set. */
typedef struct WindowCall {
  const WindowFunc *func;
  const AggFunc *agg;
  bool distinct;
  u32 arg[8], narg;    /* columns of the store */
  i32 filter;          /* a BOOLEAN column, or -1 */
  const SortKey *part, *order;
  u32 npart, norder;
  Frame frame;
  bool ignore_nulls;   /* lag, lead, first_value, last_value, nth_value */
  bool from_last;      /* nth_value */
  u32 out;             /* column that takes the result */
} WindowCall;
/* sorted: rows by (part, order), as snRowsSort gives them. */
SN_FUNC int snWindowRun(RowStore *r, const u32 *sorted, const WindowCall *w,
    int (*cancelled)(void *), void *arg, char *error);

/* ---- From table_func.c: functions that give rows ------------------------ */

/* FROM name(arguments): one entry of the table in table_func.c is all that a
** new function needs.  Arguments are constants or parameters, cast to the
** types asked for; but the first may be a column, named with its table, and
** another one then a query of that table.  The machine calls fill() until it
** sets done: each time it appends some thousand rows, or all, to `out`
** (snRowsInt and the like, one value per column).  What fill() keeps from one
** call to the next is in `state`, which begins as NULL: in the arena of the
** call, or freed by close(). */
typedef struct TableArg { bool null; i64 i; double d; Str s; } TableArg;
typedef struct Session Session;
typedef struct TableCall {
  const struct TableFunc *func;
  Session *session;
  Budget *budget;
  Arena *arena;      /* lives as long as the run */
  TableArg arg[8];   /* those left out are NULL */
  u32 nargs;         /* given */
  const View *view;  /* with a column: its table, */
  u32 column;        /* ... its index there, */
  Matcher *matcher;  /* ... and the query, when one is an argument */
  int (*cancelled)(void *); /* asked by long work: true ends it */
  void *cancel_arg;
  RowMaker out;
  void *state;
  bool done;
  char *error;       /* 256 bytes: message when fill() returns an error */
} TableCall;
typedef struct TableFunc {
  const char *name;  /* lower case */
  const char *args;  /* letters i r s t v as in Func, ? too; c column, q query;
                     ** entries of one name differ in the first: i, or t */
  const char *types; /* of the columns: i r s t */
  const char *names[ROWS_MAKER];
  int (*fill)(TableCall *c);
  void (*close)(TableCall *c); /* or NULL */
} TableFunc;
/* Its columns are the elements of its arguments, and the number of the row. */
#define TABLE_FUNC_UNNEST "unnest"
SN_FUNC const TableFunc *snTableFuncAt(u32 i); /* NULL behind the last */
SN_FUNC u8 snTableFuncType(char letter);

/* ---- From op_file.c: files in FROM --------------------------------------- */

/* The rooms above know how files are read.  An open file has looked at its
** first records: from them are its columns, unless the rows are for a table.
** error: 256 bytes for a message. */
typedef enum FileFormat {
  FILE_AUTO, FILE_NDJSON, FILE_CSV, FILE_TSV, FILE_LINES, FILE_ACCESS
} FileFormat;
typedef struct FileAsk {
  const char *path;
  u8 format;         /* FileFormat */
  char delim;        /* of CSV; 0: found out */
  int header;        /* of CSV: 1, 0; -1: found out */
  bool lenient;      /* what cannot be read is passed over */
  bool all_text;     /* CSV and logs: no types are inferred */
  const Table *into; /* or NULL */
} FileAsk;
typedef struct FileReader FileReader;
typedef struct FileWriter FileWriter;
typedef struct FileDoor {
  void *arg;
  int (*open)(void *arg, const FileAsk *ask, FileReader **out, char *error);
  const Table *(*table)(const FileReader *r);
  /* Some thousand rows more, or *done. */
  int (*read)(FileReader *r, RowStore *rows, bool *done, char *error);
  void (*close)(FileReader *r);
  /* A file that takes its name at the end, when keep; finish frees it.  error
  ** may be NULL there. */
  int (*create)(void *arg, const char *path, FileWriter **out, char *error);
  int (*write)(FileWriter *w, const void *p, size_t n, char *error);
  int (*finish)(FileWriter *w, bool keep, char *error);
} FileDoor;

/* ---- From highlight.c --------------------------------------------------- */

/* Marks the tokens of a text that a bound query matched in a column: words,
** prefixes, and of phrases and spans only the words that stand in one.
** max_tokens 0: the whole text (highlight); else the piece of about that many
** tokens which holds most of the query (snippet), with `dots` where it was
** cut.  list: no text but where the hits are (offsets), as a JSON array of
** [first byte, bytes, number of the word, prefix, phrase ... in the query]. */
typedef struct Marker {
  const Table *table;
  const Query *query;
  u32 column;          /* index in the table */
  const char *open, *close, *dots;
  u32 max_tokens;
  bool list;
} Marker;
SN_FUNC int snMarkText(const Marker *m, const QueryCut *cut, Budget *b,
    const u8 *p, u32 n, Buf *out);

/* ---- From session.c: the transaction of a connection -------------------- */

SN_FUNC int snSessionOpen(const StoreConfig *c, Session **out);
/* Ends the thread that merges behind the commits of this connection, if there
** is one: nothing of it has the file open then.  It starts when it is needed
** next. */
SN_FUNC void snSessionStill(Session *s);
SN_FUNC void snSessionClose(Session *s); /* rolls back */
SN_FUNC Store *snSessionStore(Session *s);
SN_FUNC Budget *snSessionBudget(Session *s);
SN_FUNC MemSpare *snSessionBlocks(Session *s);
/* Asked now and then by long work that no batch of rows interrupts: merges. */
SN_FUNC void snSessionSetCancel(Session *s, int (*fn)(void *), void *arg);
SN_FUNC bool snSessionCancelled(Session *s);
/* How SQL reads files; NULL: not at all. */
SN_FUNC void snSessionSetFiles(Session *s, const FileDoor *d);
SN_FUNC const FileDoor *snSessionFiles(const Session *s);
/* Who is asked what a statement may touch: see seine_set_authorizer(); fn
** NULL: nobody. */
typedef struct Guard {
  int (*fn)(void *arg, int action, const char *a, const char *b,
      const char *view);
  void *arg;
} Guard;
SN_FUNC void snSessionSetGuard(Session *s, Guard g);
SN_FUNC const Guard *snSessionGuard(const Session *s);
/* seine_limit(); locked: by SQL, which in a hardened connection lowers limits
** alone. */
SN_FUNC i64 snSessionLimit(Session *s, int id, i64 value, bool locked);
SN_FUNC void snSessionHarden(Session *s);
SN_FUNC bool snSessionHardened(const Session *s);
/* Settings that PRAGMA sets and reads. */
typedef struct Settings {
  bool match_and;      /* words of MATCH are joined by AND */
  i64 memtable_bytes;  /* rows waiting in memory before a segment is made */
  i64 timeout_ms;      /* of a statement; 0 = none */
  i64 busy_ms;         /* waiting for another writer */
  i64 threads;         /* of a bulk statement; 1 = the caller's alone */
  i64 batch_rows;      /* at most so many of a batch count, up to a window */
  bool auto_merge;
  bool tight_rows;     /* OPTIMIZE packs rows smaller, and takes longer */
  bool sync_off;       /* commits do not wait for the disk */
  bool slow_redact;    /* the log has ? for what stands in a statement */
  i64 slow_ms;         /* statements that take so long are noted; 0: none */
  i64 filter_cache;    /* bytes for what is known of conditions; 0: none */
  i64 delta_bytes;     /* of rows that may ride in a claim; 0: none */
} Settings;
SN_FUNC Settings *snSessionSettings(Session *s);
/* Cuts texts of queries, and texts as they are stored. */
SN_FUNC const QueryCut *snSessionCut(Session *s);
SN_FUNC const QueryCut *snSessionCutStored(Session *s);
/* Names of analyzers: built-in ones, then those of the database; NULL behind
** the last. */
SN_FUNC const char *snSessionAnalyzer(Session *s, u32 k);
/* What a column keeps of an analyzer's name, in *out: see Column.  ERROR: there
** is none of that name. */
SN_FUNC int snSessionAnalyzerText(Session *s, const char *name, Buf *out);
/* Is it a chain?  ERROR: err says what is wrong. */
SN_FUNC int snSessionChain(Session *s, const char *chain, ChainError *err);

/* The newest state that a new statement of this connection sees.  Call once
** per prepare or run; cheap when nothing changed. */
SN_FUNC int snSessionRefresh(Session *s);
/* Lets the snapshot go when no statement and no transaction needs it, so that
** an idle connection does not keep old pages from being used again. */
SN_FUNC void snSessionIdle(Session *s);
/* It sees nothing, but knows the cookie of what it saw last: enough for a
** statement that writes, which sees the newest state once it has the lock. */
SN_FUNC bool snSessionRests(const Session *s);
SN_FUNC u64 snSessionCookie(Session *s); /* moves with every DDL seen */
SN_FUNC int snSessionFind(Session *s, const char *name, size_t n,
    TableState **out);                   /* not counted up; 0: none */
/* ... by its id, for the connection that writes. */
SN_FUNC int snSessionById(Session *s, u64 table, TableState **out);
SN_FUNC u32 snSessionTables(Session *s);
SN_FUNC int snSessionTableName(Session *s, u32 k, const char **name);
/* The k-th object; NULL behind the last.  Good until the next change. */
SN_FUNC const CatalogObject *snSessionObject(Session *s, u32 k);
SN_FUNC const CatalogObject *snSessionObjectFind(Session *s, u8 kind,
    const char *name, size_t n);         /* NULL: none */
/* The segments of a table as of now, own uncommitted rows included. */
SN_FUNC int snSessionView(Session *s, const char *name, View **out);
SN_FUNC int snSessionTableBytes(Session *s, TableState *t, u64 *out);

/* Transactions.  Begin is BEGIN; a write statement outside of one begins and
** ends its own.  message: 256 bytes, filled on errors. */
SN_FUNC bool snSessionInTxn(const Session *s);
SN_FUNC bool snSessionWriting(const Session *s); /* is the writer */
SN_FUNC int snSessionTxnBegin(Session *s, bool write, char *message);
SN_FUNC int snSessionCommit(Session *s, char *message);
/* Behind a statement that may have committed: a file of which merges left over
** a quarter free becomes shorter. */
SN_FUNC void snSessionSpare(Session *s);
SN_FUNC int snSessionRollback(Session *s);
/* Savepoints, by name, the newest first.  Outside of a transaction one begins
** it, and its release commits. */
SN_FUNC int snSessionSavepoint(Session *s, const char *name, char *message);
SN_FUNC int snSessionRelease(Session *s, const char *name, char *message);
SN_FUNC int snSessionRollbackTo(Session *s, const char *name, char *message);
/* A write statement: Begin, changes, End(ok).  Not ok undoes what the
** statement did, and no more. */
SN_FUNC int snSessionWriteBegin(Session *s, char *message);
SN_FUNC int snSessionWriteEnd(Session *s, bool ok, char *message);
SN_FUNC void snSessionReader(Session *s, int delta); /* running statements */
/* What a running statement reads must stay: it keeps the catalog, and with it
** the snapshot pinned.  The epoch moves when a rollback takes rows away from
** under statements of this connection. */
SN_FUNC Catalog *snSessionKeep(Session *s);
SN_FUNC u64 snSessionEpoch(const Session *s);

/* One step of compaction, committed; outside of transactions. */
SN_FUNC int snSessionCompact(Session *s, CompactStep *step, char *message);

/* Changes, inside WriteBegin .. WriteEnd. */
/* Where rows of a table go, at best.  Good until the next call of this or the
** next.  *t is the state of the table as it is then. */
typedef struct Ingest Ingest;
typedef enum IngestMode {
  INGEST_DIRECT,     /* to its memtable, */
  INGEST_HOLD,       /* ... as soon as they are too many to ride in a claim, */
  INGEST_BULK        /* ... to threads */
} IngestMode;
SN_FUNC int snSessionIngest(Session *s, TableState **t, IngestMode mode,
    Ingest **out);
/* After some rows: those that are many leave the memory.  What was found of
** the table before has to be found again. */
SN_FUNC int snSessionFlushed(Session *s, u64 table);
/* Waits for the rows that threads have: their errors show here. */
SN_FUNC int snSessionGather(Session *s);
/* What watches over the keys of a table that snSessionIngest() was asked for;
** NULL: it has none. */
typedef struct Unique Unique;
SN_FUNC Unique *snSessionUnique(Session *s, u64 table);
SN_FUNC int snSessionNewRowid(Session *s, TableState *t, i64 *out);
SN_FUNC int snSessionDelete(Session *s, const View *v, u64 ***deleted);
/* Writes column c of p; then, all at once, n of them are the segments' columns
** of those ids. */
SN_FUNC int snSessionPatch(Session *s, const Patch *p, u32 c,
    ColumnPatch *out);
SN_FUNC int snSessionPatched(Session *s, const View *v, const ColumnPatch *p,
    u32 n);
SN_FUNC int snSessionCreate(Session *s, Table *t);
/* The last key of t came later: segments get its section.  Rows that share one
** are found by snSessionKeyCheck(), after it: CONSTRAINT. */
SN_FUNC int snSessionKey(Session *s, TableState *old, Table *t);
SN_FUNC int snSessionKeyCheck(Session *s, u64 table, char *message);
SN_FUNC int snSessionAlter(Session *s, TableState *old, Table *t);
SN_FUNC int snSessionDrop(Session *s, TableState *t);
/* As snCatalogEditPutObject(). */
SN_FUNC int snSessionPutObject(Session *s, u8 kind, const char *name,
    const char *sql);
/* message: 256 bytes, or NULL: what the operating system's error means. */
SN_FUNC int snSessionMerge(Session *s, TableState *t, bool all,
    char *message);
/* Makes one segment, whose documents are in the order of n columns. */
SN_FUNC int snSessionSort(Session *s, TableState *t, const MergeBy *by,
    u32 n);
/* PRAGMA word_pairs, a setting of the database. */
#define SESSION_PAIRS "word_pairs"
SN_FUNC u32 snSessionPairs(Session *s);
/* Room for SN_WINDOW values of 8 bytes, kept from one statement to the next
** with what was in it; NULL: none is kept.  Give: what cannot be kept is
** freed. */
SN_FUNC void *snSessionRoom(Session *s);
SN_FUNC void snSessionGive(Session *s, void *room);
/* Where a matcher leaves itself to the next one. */
SN_FUNC Matcher **snSessionMatchRoom(Session *s);
SN_FUNC i64 *snSessionCounters(Session *s); /* changes, total, last rowid */
/* From the store and index checks; say() gets each finding. */
SN_FUNC int snSessionCheck(Session *s, bool deep,
    void (*say)(void *arg, const char *text), void *arg);

/* ---- From unique.c: rows that may not share a key ------------------------ */

/* A row that comes: its values by column of the table go into Row, of key
** columns at least; given: its rowid was not handed out.  Look finds a live
** row with one of its keys, from key number *key on; *hit 0: none.  except: a
** reference that does not count, or 0.  What was found of the table before
** Look has to be found again.  When the row is put, Add notes it; later: that
** it collides shows at the end of the statement. */
#define UNIQUE_MEM 0x7fffffffu /* the segment of references to the memtable */
SN_FUNC ArrayItem *snUniqueRow(Unique *u);
SN_FUNC int snUniqueLook(Unique *u, i64 rowid, bool given, i64 except,
    u32 *key, i64 *hit);
SN_FUNC int snUniqueAdd(Unique *u, i64 rowid, bool later);
SN_FUNC int snUniqueDelete(Unique *u, i64 ref);
SN_FUNC bool snUniqueHas(const Unique *u, i64 ref); /* not deleted since */
/* Column `col` of a row; col UINT32_MAX: its rowid. */
SN_FUNC int snUniqueValue(Unique *u, i64 ref, u32 col, Arena *a,
    ArrayItem *out);
/* The message about key `key` of Row, which the row at ref has: CONSTRAINT. */
SN_FUNC int snUniqueSay(Unique *u, u32 key, i64 ref, char *message);

/* ---- From ingest.c: rows into a memtable, or to the threads of one ------ */

/* One row: Begin, a call per value that is not NULL, End; after an error
** Undo.  Values as snMemtableInt() and its like take them. */
SN_FUNC int snIngestBegin(Ingest *in, i64 rowid);
SN_FUNC int snIngestInt(Ingest *in, u32 col, i64 v);
SN_FUNC int snIngestReal(Ingest *in, u32 col, double v);
SN_FUNC int snIngestStr(Ingest *in, u32 col, const void *s, u32 n);
SN_FUNC int snIngestEnd(Ingest *in);
SN_FUNC void snIngestUndo(Ingest *in);
SN_FUNC bool snIngestFull(const Ingest *in); /* time for snSessionFlushed() */

/* Rows that are made apart, by any thread, in a buffer of its own: the same
** calls, in the same order.  snIngestRow() takes one of them, of n bytes, and
** gives it its rowid. */
SN_FUNC int snIngestRow(Ingest *in, i64 rowid, const u8 *p, size_t n);

/* A task for one of the threads, whichever has time: run(), which gets the
** number of the thread.  It is the giver's, who must not free it before it is
** DONE, or DROPPED: not begun when the threads ended or it was withdrawn. */
enum { INGEST_TASK_WAITS, INGEST_TASK_DONE, INGEST_TASK_DROPPED };
typedef struct IngestTask IngestTask;
struct IngestTask {
  IngestTask *next;
  Ingest *in;
  void (*run)(IngestTask *t, u32 worker);
  int state;
};
SN_FUNC u32 snIngestWorkers(const Ingest *in); /* 0: none were started */
SN_FUNC size_t snIngestBatch(const Ingest *in); /* bytes of rows they get */
SN_FUNC void snIngestGive(Ingest *in, IngestTask *t);
/* Until it is not waiting any more; SEINE_INTERRUPT: it still does. */
SN_FUNC int snIngestAwait(IngestTask *t);
SN_FUNC void snIngestWithdraw(IngestTask *t); /* or waits, if it was begun */

/* ---- From prog.c: programs ---------------------------------------------- */

/* Opcode functions are listed in vm/opcodes.h.  Operands are numbers of
** registers, selections, cursors or objects, as the opcode says. */
typedef struct Run Run;
typedef struct Instr Instr;
typedef int (*OpFn)(Run *r, const Instr *i);
struct Instr {
  u8 op, flag;
  u16 sel;           /* selection it works under */
  u16 dst, a, b, c;
  i32 jump;          /* instruction number */
  i64 k;
  const void *p;     /* owned by the program's arena */
  const char *note;  /* for EXPLAIN, or NULL */
};

#define OPCODE_ENUM(name, fn, text, kinds) OP_##name,
enum Opcode { VM_OPCODES(OPCODE_ENUM) OP_COUNT };
#undef OPCODE_ENUM

/* What a cursor reads. */
typedef struct Asked Asked; /* private to ask.c */
typedef struct MatchSlot {
  u16 query;         /* register with the text of the query */
  bool drives;       /* a conjunct of WHERE: windows without a hit go */
  u8 similarity;     /* score() is asked for */
  const QueryAsk *ask;
  Asked *asked;      /* the last query, for runs that ask the same; or NULL */
} MatchSlot;
typedef struct CursorDef {
  const char *name;  /* table */
  const Table *table;
  MatchSlot *match;
  u32 nmatch;
} CursorDef;
/* column op constant, answered by zone maps and on packed values. */
typedef struct WhereDef {
  u32 column;        /* index in the table, or ROWID_COLUMN */
  u16 lo, hi;        /* registers, or NO_REG: open */
  bool lo_open, hi_open;
  bool real;         /* REAL, not a kind of integer */
} WhereDef;
/* The best hits: where is checked inside the search, and all hits are counted
** when asked for. */
typedef struct TopDef {
  WhereDef *where;
  u32 nwhere;
  bool count;
} TopDef;
#define ROWID_COLUMN 0xfffffffeu
#define REF_COLUMN   0xfffffffdu /* a reference to the row */
#define NO_REG       0xffffu

typedef struct RegList { u32 n; u16 reg[]; } RegList;
typedef struct AggCall {
  const AggFunc *func;
  bool distinct;
  u16 arg[8];        /* the keys behind the arguments */
  u8 types[8];
  u32 narg, norder;
  const SortKey *order;
  i64 limit;         /* of rows of a group, with an order; or -1 */
  u16 filter;        /* boolean register, or NO_REG */
  i64 plus;          /* of a sum: is added to each of its values */
} AggCall;
typedef struct GroupDef {
  u8 *types;         /* of keys */
  u16 *key;          /* registers */
  u32 nkeys;
  AggCall *agg;
  u32 nagg;
} GroupDef;
typedef struct FuncCallDef {
  const Func *func;
  u32 n;
  u16 arg[];
} FuncCallDef;
typedef struct SortDef {
  u8 *types;
  u32 ncol;
  RegList *cols;
  SortKey *keys;
  u32 nkeys;
  u16 limit, offset; /* constant registers, or NO_REG: top-n when known */
  bool eager;        /* what the last row is, is asked for: see VisitDef */
  const struct PartsDef *parts; /* or NULL; rows of a part go by npart keys */
  u16 *part;
  u32 npart;
} SortDef;
/* An expression as bound.c reads it: operands before what takes them. */
typedef enum BoundOp {
  BOUND_CONST,       /* register */
  BOUND_COLUMN,      /* of the cursor: INTEGER and the like, or REAL */
  BOUND_SCORE,
  BOUND_ADD, BOUND_SUB, BOUND_MUL, BOUND_DIV,
  BOUND_EITHER,      /* a or b: which, is not known */
  BOUND_NEG,
  BOUND_REAL,        /* as a double */
  BOUND_RISE,        /* a function of REAL: the greater the greater, */
  BOUND_RISE_FROM,   /* ... from 0 on, else NULL */
  BOUND_RISE_ABOVE,  /* ... above 0, else NULL */
  BOUND_NEAR         /* of a value and a constant: the nearer the greater */
} BoundOp;
typedef struct BoundNode {
  u8 op, type;
  u8 arg;            /* type of a function's first argument */
  u16 reg;
  u32 column;
  const FuncCallDef *call; /* all arguments but the first are constants */
} BoundNode;
#define BOUND_NODES 48u
#define BOUND_ARGS  5u
typedef struct BoundDef {
  bool scored;
  u16 slot;          /* the match whose score it is */
  u32 n;
  BoundNode node[BOUND_NODES];
} BoundDef;
/* p of Next: windows are read in the order of the first key of a sort. */
typedef struct VisitDef {
  const SortDef *sort;
  u16 obj;           /* of the sort */
  bool desc, nulls_last;
  u8 type;           /* of the key */
  const BoundDef *key;
} VisitDef;
/* p of Best: besides what the sort needs, documents with a higher score than
** any of some constants have no place: the pages before this one. */
#define BEST_MOST 4u
typedef struct BestDef {
  const VisitDef *visit;
  u32 nmost;
  u16 most[BEST_MOST]; /* constant registers of REAL, */
  bool minus[BEST_MOST]; /* ... of the score turned over */
} BestDef;
typedef struct WindowDef {
  u8 *types;
  u32 ncol;          /* columns given; results are appended */
  WindowCall *call;
  u8 *ret;           /* type of each result */
  u32 ncall;
} WindowDef;
/* How rows without a partner fare. */
typedef enum JoinMode {
  JOINS_INNER, JOINS_LEFT, JOINS_RIGHT, JOINS_FULL,
  JOINS_SEMI, JOINS_ANTI /* rows before the join alone, each at most once */
} JoinMode;
typedef struct JoinDef {
  u8 *types;         /* columns of the build side; the first nkeys are keys */
  u32 ncol, nkeys;
  u8 mode;
  bool on;           /* PairOn says which pairs are partners */
  bool asof;         /* inner, left: the nearest of these alone, by the column
                     ** behind the keys: in */
  bool behind, equal; /* ... the least that is more, not the greatest that is
                     ** less; an equal one is as near as can be */
  u64 same;          /* keys for which NULL is equal to NULL, as bits */
  RegList *cols;
  const struct PartsDef *parts; /* or NULL: all rows must be held */
} JoinDef;
/* A stretch of the program, up to its Parts, that runs once for each part of
** the rows of some objects; what stands from `through` on takes the rows of
** all parts. */
typedef struct PartsDef {
  u32 from, through, end;
  bool order;        /* rows must come in the same order each time */
  u32 n;
  u16 *obj;          /* the first one changes its part first */
} PartsDef;
/* A condition that is remembered: a key beside the values of registers. */
typedef struct RecallDef {
  u8 *key;
  u32 nkey;
  RegList *params;
} RecallDef;
/* Rows by key: the first values of each (LOOK_VALUE), that it is there, or how
** often (LOOK_BAG), or among them what IN looks for. */
typedef enum LookKind { LOOK_VALUE, LOOK_FOUND, LOOK_IN, LOOK_BAG } LookKind;
typedef struct LookDef {
  u8 kind;
  bool loose;        /* NULL is a key too */
  u32 nval, nkeys;
  u8 *types;         /* of values, then of keys */
  RegList *cols;     /* of LookAdd: values, then keys */
} LookDef;
typedef struct RowsDef {
  u8 *types;
  RegList *cols;
  bool distinct;
  u16 limit;         /* constant register, or NO_REG */
} RowsDef;
/* A part of the program that runs again: what it made is forgotten. */
typedef struct AgainDef {
  u32 obj, obj_end, cur, cur_end;
  RegList *cols;     /* of Apply: keys that are asked for */
  LookDef *look;
} AgainDef;

typedef struct TableDef {
  const TableFunc *func;
  RegList *cols;
  u32 nargs;
  u16 arg[8];        /* constant registers, or NO_REG: a column */
  u16 cursor;        /* of the column's table, or NO_REG */
  u32 column;
} TableDef;

/* p of Expand: the rows of a function for each row of a batch are the build
** side of a join. */
typedef struct ExpandDef {
  const TableFunc *func;
  JoinDef *join;     /* no keys; types: of the columns */
  u32 nargs;
  u16 arg[8];
} ExpandDef;

typedef struct FileDef {
  FileAsk ask;
  const Table *table; /* its columns when the program was made */
  RegList *cols;
} FileDef;

/* p of Export. */
typedef struct ExportDef {
  const char *path;
  bool json, array;    /* an object a line, or an array of them; else CSV */
  bool header;
  char delim;
  const char *null;    /* what stands for it in CSV */
  u32 n;
  const char **name;   /* of JSON: in quotes, with a colon */
  RegList *cols;
} ExportDef;

/* What happens to a row that breaks a constraint. */
typedef enum OnConflict {
  ON_ABORT, ON_ROLLBACK, ON_FAIL, ON_IGNORE, ON_REPLACE
} OnConflict;
typedef struct CheckDef {
  u16 reg;           /* BOOLEAN: false breaks it */
  const char *text;  /* its name, or itself */
} CheckDef;
typedef struct InsertDef {
  const char *name;  /* table */
  const Table *table;
  u16 rowid;         /* register, or NO_REG: a new one */
  i32 alias;         /* column that is the rowid, or -1 */
  bool update;       /* part of an UPDATE, which has counted the rows */
  bool bulk;         /* INSERT ... SELECT */
  u8 on, on_key;     /* OnConflict: of any constraint; of a key */
  const i32 *clause; /* ON CONFLICT: the key (of Unique) of each, -1: any */
  u32 nclause;       /* 0: on_key is for all keys */
  bool later;        /* keys are compared when the statement ends */
  u16 ids;           /* where rowids go, or NO_REG */
  u16 old;           /* references of the rows that these replace, or NO_REG */
  u16 cursor;        /* of old; NO_REG: those of Upsert */
  bool marked;       /* `old` are yet to be marked as deleted */
  CheckDef *check;
  u32 ncheck;
  u16 reg[];         /* per column, or NO_REG: NULL */
} InsertDef;
/* INSERT ... ON CONFLICT DO UPDATE: one round over the rows that are left. */
typedef struct UpsertDef {
  const InsertDef *insert;
  const u16 *update; /* selections: rows whose key is there already, by clause;
                     ** NO_REG: they are passed over */
  u16 inserted;      /* selection: rows that were inserted */
} UpsertDef;
/* UPDATE of columns of numbers alone. */
typedef struct UpdateDef {
  const Table *table;
  u32 n;
  u32 *col;          /* indexes in the table */
  u16 *reg, *again;  /* registers: new values; those of rows that move */
} UpdateDef;
typedef enum DdlKind {
  DDL_CREATE, DDL_DROP, DDL_RENAME, DDL_ADD_COLUMN, DDL_RENAME_COLUMN,
  DDL_DROP_COLUMN, DDL_MERGE, DDL_MERGE_ALL, DDL_CREATE_OBJECT,
  DDL_DROP_OBJECT, DDL_SET, DDL_CREATE_INDEX, DDL_DROP_INDEX,
  DDL_RETYPE_COLUMN
} DdlKind;
typedef struct KeyDef {
  u8 kind;           /* KeyKind */
  const char *name;  /* or NULL */
  const char **col;  /* names */
  u32 n;
} KeyDef;
typedef struct DdlOrder { const char *name; bool desc, nulls_first; } DdlOrder;
typedef struct DdlDef {
  u8 kind;
  bool lenient;      /* IF EXISTS, IF NOT EXISTS */
  bool replace;      /* OR REPLACE */
  u8 object;         /* ObjectKind */
  const char *name, *to; /* to: the new name; the text of an object, of a
                     ** setting NULL: as if it was never made */
  Column *col;
  u32 ncol;
  KeyDef *key;       /* of CREATE TABLE; of CREATE INDEX, the one */
  u32 nkey;
  TableCheck *check; /* of CREATE TABLE; of RENAME COLUMN, all of the table */
  u32 ncheck;
  const char **generated; /* of RENAME COLUMN: for each column of the table
                     ** its default_sql, or NULL: it stays as it is */
  i32 rowid_column;  /* of CREATE TABLE, or -1 */
  bool autoincrement;
  DdlOrder *order;   /* of OPTIMIZE: that of the documents, or NULL */
  u32 norder;
} DdlDef;
typedef enum TxnKind {
  TXN_BEGIN, TXN_COMMIT, TXN_ROLLBACK, TXN_SAVEPOINT, TXN_RELEASE,
  TXN_ROLLBACK_TO
} TxnKind;
/* A pragma that gives rows; types of its columns. */
typedef enum AdminKind {
  ADMIN_TABLE_LIST, ADMIN_TABLE_INFO, ADMIN_SCHEMA, ADMIN_SEGMENTS,
  ADMIN_CHECK, ADMIN_QUICK_CHECK, ADMIN_LOST, ADMIN_FUNCTIONS, ADMIN_ANALYZERS,
  ADMIN_STORE, ADMIN_MEMORY_LIMIT, ADMIN_TIMEOUT, ADMIN_MATCH_OPERATOR,
  ADMIN_MEMTABLE, ADMIN_THREADS, ADMIN_BATCH_ROWS, ADMIN_AUTO_MERGE,
  ADMIN_TIGHT_ROWS, ADMIN_SYNCHRONOUS, ADMIN_BUSY_TIMEOUT, ADMIN_WORD_PAIRS,
  ADMIN_FILTER_CACHE, ADMIN_DELTA, ADMIN_SPARE,
  ADMIN_INDEX_LIST, ADMIN_INDEX_INFO, ADMIN_SLOW_MS, ADMIN_SLOW_REDACT,
  ADMIN_EXPLAIN, ADMIN_ANALYZE, ADMIN_EXPLAIN_TEXT, ADMIN_LIMITS,
  ADMIN_LIMIT, ADMIN_HARDENED
} AdminKind;
typedef enum ExplainFormat {
  EXPLAIN_TABLE, EXPLAIN_JSON, EXPLAIN_HTML
} ExplainFormat;
typedef struct AdminDef {
  u8 kind;
  const char *arg;   /* table, or NULL; of EXPLAIN its text */
  bool set;          /* the setting changes to value */
  int limit;         /* of LIMIT: which */
  i64 value;
  const struct Program *plan; /* of EXPLAIN: */
  bool analyze;      /* it is run */
  u8 format;         /* ExplainFormat */
  u8 types[16];
  const char *names[16];
  u32 ncol;
} AdminDef;
/* Fills types, names and ncol for a kind. */
SN_FUNC void snAdminShape(AdminDef *d);

typedef struct Program {
  Arena arena;
  Budget *budget;
  Instr *code;
  u32 n, cap;
  u32 nreg, nsel, ncur, nobj, nparam;
  u32 npre;          /* constants: run once at the start */
  u8 *reg_type;
  u32 reg_cap;
  CursorDef *cur;
  u32 cur_cap;
  Table **kept;
  u32 nkept, kept_cap;
  u64 cookie;
  bool writes, ddl;  /* changes rows; changes tables */
  bool compacts;     /* OPTIMIZE of all tables */
  bool checked;      /* DROP COLUMN of one that stands in a CHECK */
  bool txn, leaves;  /* BEGIN, COMMIT, ROLLBACK; the last one alone */
  bool analyzes;     /* EXPLAIN ANALYZE: it runs the plan */
  u32 ncol;
  const char **col_name;
  u8 *col_type;
  const char **param_name;
  struct Program *plan; /* of EXPLAIN: owned */
  int rc;            /* sticky */
} Program;
SN_FUNC void snAskedFree(Asked *a);
SN_FUNC Program *snProgNew(Budget *b);
SN_FUNC void snProgFree(Program *p);
SN_FUNC int snProgKeep(Program *p, Table *t); /* lives as long as p */
SN_FUNC u16 snProgReg(Program *p, u8 type);
SN_FUNC u16 snProgSel(Program *p);
SN_FUNC u16 snProgObj(Program *p);
SN_FUNC u16 snProgCursor(Program *p, const CursorDef *d);
/* Appends; returns its number.  The pointer is good until the next Add. */
SN_FUNC u32 snProgAdd(Program *p, u8 op, u16 sel, u16 dst, u16 a, u16 b);
SN_FUNC Instr *snProgAt(Program *p, u32 at);
SN_FUNC void snProgJump(Program *p, u32 at, u32 to);
SN_FUNC void snProgText(const Program *p, u32 at, Buf *operands, Buf *note);
SN_FUNC const char *snProgName(u8 op);
/* What dst (0), a (1) or b (2) of an opcode is: see opcodes.h. */
SN_FUNC char snProgKind(u8 op, u32 operand);

/* ---- From run.c: running a program -------------------------------------- */

typedef struct ParamValue {
  u8 type;           /* Type: NULL INTEGER REAL TEXT BLOB */
  i64 i;
  double d;
  char *p;           /* owned */
  u32 n;
} ParamValue;
/* Counters of a run, by what a person asks. */
typedef struct RunStats { i64 windows, skipped, ns; } RunStats;

SN_FUNC int snRunNew(Session *s, const Program *p, const ParamValue *params,
    Run **out);
/* SEINE_ROW: a batch of rows is ready; SEINE_DONE; or an error, whose text is
** snRunError(). */
SN_FUNC int snRunStep(Run *r);
SN_FUNC void snRunFree(Run *r);
SN_FUNC const char *snRunError(const Run *r);
SN_FUNC const RunStats *snRunStats(const Run *r);
/* The batch: columns (FLAT or CONST) and the rows of it that count. */
SN_FUNC const Vec *snRunColumn(Run *r, u32 i);
SN_FUNC Rows16 snRunRows(Run *r);
/* Set by another thread or a handler: stops at the next batch. */
typedef struct RunControl {
  volatile int *interrupted;
  int (*progress)(void *);
  void *progress_arg;
} RunControl;
SN_FUNC void snRunSetControl(Run *r, const RunControl *c);

/* ---- From profile.c: what instructions cost ------------------------------ */

/* in, out: rows of its selection before and after it.  skipped: windows that
** bounds left out.  blocks: of posting lists read, and those of the lists it
** opened.  ticks: its own time (snClockTicks). */
typedef struct ProfileRow {
  i64 calls, in, out, windows, skipped, blocks, opened, bytes, ticks;
} ProfileRow;
/* row[n]: to begin, with locks and snapshots; row[n + 1]: to end: the commit.
** wall and ticks: of all steps, by other readings of the clocks; what the
** caller did between them is not in it. */
typedef struct Profile {
  u32 n;             /* instructions */
  ProfileRow *row;
  i64 wall, ticks;   /* wall in nanoseconds */
  i64 rows;          /* of the result */
  u64 last, entered, entered_ns; /* readings of the clocks */
  u32 sel, count;    /* selection + 1 whose rows are known, or 0 */
  SegmentReads reads; /* ... and of what was counted by then */
  RunStats stats;
} Profile;
/* Before the first step. */
SN_FUNC int snRunProfile(Run *r);
SN_FUNC const Profile *snRunProfiled(const Run *r); /* or NULL */
/* To the log of slow statements, when it was one: of a profiled run that is
** over, with the text that the log shall have. */
SN_FUNC void snSlowNote(const Run *r, const char *sql, size_t n);
SN_FUNC i64 snProfileNs(const Profile *f, i64 ticks);
/* The instruction that took longest: n and n + 1 as above. */
SN_FUNC u32 snProfileMost(const Profile *f);
/* Blocks of lists that it opened and did not read. */
static inline i64 snProfilePassed(const ProfileRow *p) {
  return p->opened > p->blocks ? p->opened - p->blocks : 0;
}
/* f NULL: the program alone. */
SN_FUNC void snProfileJson(const Program *p, const Profile *f,
    const char *sql, Buf *out);
SN_FUNC void snProfileHtml(const Program *p, const Profile *f,
    const char *sql, Buf *out);

#endif
