/*
** plan.h: a statement with names and types resolved, on its way to code.
*/
#ifndef SN_PLAN_H
#define SN_PLAN_H
#include "sql/sqlInt.h"

struct Plan;
typedef struct Source {
  const char *alias;
  const char *view;    /* whose sub is, or NULL */
  Table *table;        /* a base table, counted; or */
  u64 docs;            /* ... its rows, as of now */
  struct Plan *sub;
  u16 cursor;
  MatchSlot *match;    /* of a table */
  Expr **query;        /* the text of each slot */
  u32 nmatch, match_cap;
  From *from;
  struct Rows *rows;   /* of sub: they wait in an object, or NULL */
  bool step;           /* ... and this is the select that makes them */
  u8 join;             /* JoinKind, with the sources before */
  bool asof;           /* ... of which a row meets one row at most */
  bool nested;         /* sub is (a JOIN b): its columns have tables */
  bool hidden;         /* a semi or anti join: no name means it */
  struct Sub *domain;  /* the rows are the keys that are asked for */
  u32 late;            /* the last join that may leave it without a row */
  ExprList on;         /* conditions of an outer, semi or anti join */
  bool named;          /* columns are found by alias.name alone */
  ExprList args;       /* what it asks the sources before it for: */
  const TableFunc *expand; /* ... of this function, or NULL */
  bool lateral;        /* sub may name them */
  struct Sub *apply;   /* ... and this is how, or NULL */
} Source;

typedef struct OutColumn {
  Expr *e;
  const char *name;
  const char *table;   /* of a column of *, or NULL */
} OutColumn;

/* Slots of a grouped plan: its keys from 0 on, its aggregates from here, and
** what GROUPING says from there. */
#define SLOT_AGG 0x100000
#define SLOT_SET 0x200000

typedef struct Plan {
  struct Plan *outer;  /* the select around a sub-query, or NULL */
  u8 set;              /* left UNION right, and the like */
  bool all;
  struct Plan *left, *right;
  const TableFunc *call; /* the rows are those of a function of args, or */
  ExprList *args;
  const FileDef *file; /* ... those of a file, or */
  Select *s;
  Source *src;
  u32 nsrc;
  u32 *seq;            /* sources in the order in which they are joined */
  OutColumn *out;
  u32 nout, out_cap;
  bool grouped;
  ExprList key, agg, win, conj;
  u64 *sets;           /* GROUPING SETS: each as bits of key; nset 0: none */
  u32 nset, set_cap;
  ExprList asks;       /* EX_GROUPING */
  ExprList order;
  const VisitDef *by;  /* how the one table is read, or NULL */
  ExprList corr;       /* EX_OUTER nodes, each once */
  u32 asking;          /* RES_ flags of where the sub-query in work stands */
  struct Sub *subs;    /* sub-queries to be answered before it begins */
  struct Met *met;     /* sub-queries in its expressions, resolved */
  struct Rows *rows;   /* of its WITH */
  bool kept;           /* its one row is given where there is none */
  bool early;          /* WHERE or ON has named a column by its alias */
  bool waits;          /* rows of FROM wait for some of its sub-queries, */
  ExprList more;       /* ... which read these leaves */
} Plan;

/* A WITH that waits in memory: base, and then step, if there is one, as long
** as that gives rows anew. */
typedef struct Rows {
  const char *name;
  Plan *plan;          /* has its columns alone */
  Plan *base, *step;
  bool distinct;
  Expr *limit;
  u16 obj, limit_reg;
  u32 uses, steps;     /* sources that read it; by which it reads itself */
  struct Rows *next;
} Rows;

/* Made of other rows than those of FROM. */
static inline bool snPlanIsLeaf(const Plan *p) {
  return p->set || p->call || p->file || p->s->nrows;
}

/* How a sub-query is answered: once; for all keys that it has; or for those
** that are asked for, as they come. */
typedef enum SubMode { SUB_ONCE, SUB_KEYED, SUB_APPLY } SubMode;
/* A sub-query: the first nval columns of its plan are values, or what IN looks
** for; the others are the keys by which it is asked. */
typedef struct Sub {
  u8 kind, mode;       /* SubKind, SubMode */
  Plan *plan;
  u32 nval, nkeys;
  u16 obj, reg;        /* reg: of a scalar that is computed once */
  LookDef *def;
  bool waits;          /* it is answered for noted keys alone: */
  const ExprList *asked; /* ... what stands outside for them */
  struct Sub *keys;    /* ... is it noted? */
  struct Sub *next;
} Sub;

typedef struct Met {
  const Expr *sub;     /* EX_SUBQUERY; right: what it became */
  u32 nsrc;            /* sources that it could name */
  struct Met *next;
} Met;

/* A view that is being read. */
typedef struct ViewUse {
  const struct ViewUse *outer;
  const char *name;
} ViewUse;

/* One compilation. */
typedef struct Compile {
  Parse *p;
  Arena *arena;
  Session *session;
  SqlError *err;
  const u8 *param_type;
  u32 nparam_type;
  With *with;
  Plan *home;          /* in work: takes the sub-queries of its parts */
  const ViewUse *views; /* that are being read, the innermost first */
  struct GuardAsked *asked; /* of a test build: columns, the last first */
  bool checks;         /* a CHECK is read: of the table, not of who asks */
  bool circle;         /* a view was met inside of itself */
  Program *prog;
  u32 depth;
  u32 lambdas, betweens; /* inside of */
  const struct FoldScope *fold; /* the innermost whose step is resolved */
  u32 aliases, shared; /* inside of; nodes met there: a column that stands on
                       ** another one twice doubles them */
  u32 turns;           /* nodes met: now and then it looks whether to stop */
  /* code: */
  u32 *pre;            /* constants: instructions kept apart until the end */
  struct ConstSet *consts; /* NULL: none yet */
} Compile;

/* Long lists are long work: met at each node, an error when it is to end. */
static inline int snCompileTurn(Compile *c) {
  if (SN_UNLIKELY(++c->turns % 1024 == 0) &&
      snStops(snMemStop(c->arena->budget)))
    c->p->rc = SEINE_INTERRUPT;
  return c->p->rc;
}

/* ---- From view.c -------------------------------------------------------- */

/* CREATE VIEW: what is wrong with it whatever the tables are. */
SN_FUNC int snViewCheck(Compile *c, const Stmt *s);
/* The plan behind a name in FROM that is a view's; *out NULL: it is none. */
SN_FUNC int snViewPlan(Compile *c, Token name, Plan **out);

/* ---- From guard.c ------------------------------------------------------- */

/* May the statement do that (SEINE_AUTH_...)?  Else that is the error. */
SN_FUNC int snGuard(Compile *c, u32 at, int action, const char *a,
    const char *b);
/* ... read that column; hide: as NULL. */
SN_FUNC int snGuardRead(Compile *c, const Source *s, i64 col, u32 at,
    bool *hide);
#ifdef SEINE_TEST
/* Stops the process when the program reads a column that nobody was asked
** for, unless the statement writes the rows of that table anew. */
SN_FUNC void snGuardCheck(const Compile *c);
#endif
/* ... ask that query: columns that its words alone could name are closed to
** it, when they are refused. */
SN_FUNC int snGuardMatch(Compile *c, const Source *s, QueryAsk *ask, u32 at);

/* ---- From describe.c ---------------------------------------------------- */

/* DESCRIBE, SUMMARIZE and SHOW are selects of what is known by now. */
SN_FUNC int snDescribe(Compile *c, const Stmt *s, Select **out);
SN_FUNC int snDescribeThere(Compile *c, Token name); /* a table or a view */

/* ---- From infile.c ------------------------------------------------------ */

/* *out NULL: the source is no file. */
SN_FUNC int snInfilePlan(Compile *c, const From *f, Plan **out);

/* ---- From resolve.c ----------------------------------------------------- */

#define RES_AGG    1u  /* aggregates are allowed */
#define RES_WINDOW 2u
#define RES_ALIAS  4u  /* names may be aliases of the select list */
#define RES_ALIAS_FIRST 8u
SN_FUNC int snResolve(Compile *c, Plan *p, Expr **e, u32 flags);
SN_FUNC int snResolveCast(Compile *c, Expr **e, u8 type);
/* A value of the select around p as p has it. */
SN_FUNC int snResolveOutside(Compile *c, Plan *p, Expr *value, Expr **out);
SN_FUNC int snResolveBool(Compile *c, Expr **e);
SN_FUNC bool snResolveConst(const Expr *e);
/* A text that is not compared as BINARY; what is compared instead of it. */
SN_FUNC bool snResolveIsCollated(const Expr *e);
SN_FUNC int snResolveCollated(Compile *c, Expr **e, u8 collate);
/* ... as the key of groups or a sort. */
SN_FUNC int snResolveKey(Compile *c, Plan *p, Expr **e, u32 flags);
/* Brings both sides of a comparison to one type. */
SN_FUNC int snResolvePair(Compile *c, Expr **a, Expr **b);
/* Types as one: for CASE, COALESCE, comparisons. */
SN_FUNC u8 snResolveUnify(u8 a, u8 b);
SN_FUNC int snResolveTable(Compile *c, Token name, TableState **out);
SN_FUNC int snPlanColumn(const Source *s, const char *name, size_t n);
SN_FUNC u8 snPlanColumnType(const Source *s, u32 col);
SN_FUNC u8 snPlanColumnCollate(const Source *s, u32 col);
SN_FUNC Expr *snPlanColumnNew(Compile *c, const Plan *p, u32 src, i64 col,
    u32 at);
SN_FUNC const char *snPlanColumnName(const Source *s, u32 col);
SN_FUNC u32 snPlanColumns(const Source *s);
SN_FUNC const char *snPlanColumnTable(const Source *s, u32 col); /* or NULL */
SN_FUNC bool snPlanIsTable(const Source *s, u32 col, const char *table);

/* ---- From resolve_call.c ------------------------------------------------ */

SN_FUNC int snResolveCall(Compile *c, Plan *p, Expr **e, u32 flags);

/* ---- From lambda.c ------------------------------------------------------ */

/* A call with a lambda becomes a sub-query; *done: it was one. */
SN_FUNC int snLambda(Compile *c, Plan *p, Expr **at, u32 flags, bool *done);

/* ---- From fold.c -------------------------------------------------------- */

/* list_reduce() and aggregate(), not yet resolved. */
SN_FUNC int snFold(Compile *c, Plan *p, Expr **at, u32 flags);
/* What the name is in the step of a fold, or NULL; an error when the step is
** that of a select around p. */
SN_FUNC Expr *snFoldName(const Compile *c, const Plan *p, const Expr *e);
SN_FUNC int snFoldOutside(Compile *c, const Plan *p, const Expr *e);

/* ---- From resolve_match.c ----------------------------------------------- */

SN_FUNC const char *snResolveFormName(u8 form); /* AskForm */
SN_FUNC bool snResolveIsMatch(const Expr *e); /* a condition on texts */
SN_FUNC bool snResolveIsSearch(const Expr *e); /* ... or score() and so on */
SN_FUNC int snResolveSearch(Compile *c, Plan *p, Expr **e);
SN_FUNC int snResolveSlot(Compile *c, Source *s, const QueryAsk *ask,
    Expr *query, u32 *out);

/* ---- From plan_lateral.c ------------------------------------------------ */

/* Resolves the arguments of a function; sets s->expand when it needs them row
** by row. */
SN_FUNC int snLateralArgs(Compile *c, Plan *p, Source *s, From *f,
    const TableFunc *t);
SN_FUNC int snLateralCall(Compile *c, Source *s, From *f);
SN_FUNC int snLateralSelect(Compile *c, Plan *p, Source *s, From *f);
SN_FUNC int snLateralFirst(Compile *c, Plan *p);
/* unnest() in the select list: one more source. */
SN_FUNC int snLateralSpread(Compile *c, Select *s);
SN_FUNC int snLateralColumn(Compile *c, const Plan *p, Expr **at);

/* ---- From plan_sample.c ------------------------------------------------- */

/* f of s becomes a source of rows of its sample; table: it is a table. */
SN_FUNC int snSample(Compile *c, Select *s, From *f, bool table);

/* ---- From plan_from.c --------------------------------------------------- */

/* INDEXED BY name: there is such an index. */
SN_FUNC int snPlanIndexed(Compile *c, const Table *t, Token name);

SN_FUNC int snPlanAdd(Compile *c, ExprList *l, Expr *e);
SN_FUNC int snPlanFrom(Compile *c, Plan *p); /* WHERE too */
SN_FUNC int snPlanWhere(Compile *c, Plan *p, Expr *where);
/* Is the same in the list? */
SN_FUNC bool snPlanHas(const ExprList *l, const Expr *e);
SN_FUNC u64 snPlanSources(const Plan *p, const Expr *e); /* as bits */
SN_FUNC u32 snPlanLevel(const Plan *p, u32 src); /* its place in seq */
/* Where a condition is asked: in the scan of that source, or PLACE_JOIN and
** the level of the join that has just been made.  On: one of Source.on. */
#define PLACE_JOIN 64u
SN_FUNC u32 snPlanPlace(const Plan *p, const Expr *e);
SN_FUNC u32 snPlanPlaceOn(const Plan *p, u32 s, const Expr *e);
SN_FUNC bool snPlanIsUsing(const Source *s, const char *name);
/* *e, a column of source `from`, as the sources before `to` have it. */
SN_FUNC int snPlanMerged(Compile *c, Plan *p, u32 from, u32 to,
    const char *name, Expr **e);

/* ---- From plan.c -------------------------------------------------------- */

/* outer: what names of the select may also mean, or NULL. */
SN_FUNC int snPlanSelect(Compile *c, Plan *outer, Select *s, Plan **out);
/* A plan over one table, for UPDATE and DELETE. */
SN_FUNC int snPlanTable(Compile *c, Token name, const char *alias,
    Plan **out);
/* The columns of RETURNING, over such a plan. */
SN_FUNC int snPlanReturning(Compile *c, Plan *p, ExprList *cols);
/* Are n columns too many?  Then that is the error. */
SN_FUNC bool snPlanTooWide(Compile *c, u32 n, u32 at);
SN_FUNC int snPlanOut(Compile *c, Plan *p, Expr *e, const char *name);
/* ... of an expression of the select list, not yet resolved. */
SN_FUNC int snPlanColumnOut(Compile *c, Plan *p, Expr *e, const char *name);
SN_FUNC Expr *snPlanSlot(Compile *c, u32 k, const Expr *of);
/* Every expression of a plan: of FROM, WHERE and the groups; of what stands
** behind them. */
#define PART_FROM 1u
#define PART_REST 2u
SN_FUNC void snPlanWalk(Plan *p, u32 part, bool (*fn)(void *, Expr **),
    void *arg);

/* ---- From plan_star.c --------------------------------------------------- */

SN_FUNC int snPlanStar(Compile *c, Plan *p, Expr *star);
/* The columns of an UNPIVOT are looked up: s becomes a select without. */
SN_FUNC int snPlanStarUnpivot(Compile *c, Plan *outer, Select *s);
/* An expression of COLUMNS(): *found tells, and its columns are put out. */
SN_FUNC int snPlanStarIn(Compile *c, Plan *p, const ExprItem *it,
    bool *found);

/* ---- From plan_order.c -------------------------------------------------- */

/* How sources are joined: src is probed with, its children are built, one
** after the other; each may be a join itself. */
typedef struct JoinTree {
  u32 src, n;
  u64 all;             /* sources in it, as bits */
  struct JoinTree **child;
} JoinTree;
SN_FUNC int snPlanOrder(Compile *c, const Plan *p, JoinTree **out);
/* A guess: do conditions leave p few of its rows, fewer than `of` has, which
** reads a table of `least` rows or more? */
SN_FUNC bool snPlanIsFew(const Plan *p, const Plan *of, u32 least);

/* ---- From plan_sub.c ---------------------------------------------------- */

SN_FUNC int snPlanSub(Compile *c, Plan *p, Expr **at, u32 flags);
/* A copy of an expression of values from outside, as it is there. */
SN_FUNC Expr *snPlanSubOutside(Compile *c, Expr *e);
/* LATERAL sub-selects become joins: the whole select is resolved. */
SN_FUNC int snPlanSubLateral(Compile *c, Plan *p);
static inline bool snPlanNeedsRows(const Source *s) {
  return s->expand || s->apply;
}

/* ---- From plan_rows.c --------------------------------------------------- */

/* Sets w->rows when it is recursive or read several times. */
SN_FUNC int snPlanWaits(Compile *c, With *w, const From *f);
SN_FUNC int snPlanRows(Source *s, With *w);

/* ---- From code_expr.c --------------------------------------------------- */

typedef enum SrcMode { SRC_NONE, SRC_CURSOR, SRC_REF } SrcMode;
typedef struct Bind { const Expr *e; u16 reg; } Bind;
/* Where the values of a batch stand. */
typedef struct Env {
  Plan *plan;
  u16 sel;
  Bind *bind;
  u32 n, cap;
  u8 *mode;            /* SrcMode by source */
  u16 *ref;            /* register of references, by source */
} Env;
SN_FUNC int snEnvInit(Compile *c, Env *v, Plan *p, u16 sel);
SN_FUNC int snEnvBind(Compile *c, Env *v, const Expr *e, u16 reg);
SN_FUNC int snFoldCode(Compile *c, Env *v, const Expr *e, u16 *reg);
/* Has it a register, of which the latest counts? */
SN_FUNC bool snEnvBound(const Env *v, const Expr *e, u16 *reg);
SN_FUNC int snCodeExpr(Compile *c, Env *v, const Expr *e, u16 *reg);
SN_FUNC int snCodeConst(Compile *c, const Expr *e, u16 *reg);
/* By what the values of columns are told apart: themselves, or what their
** collations compare. */
SN_FUNC int snCodeApart(Compile *c, const OutColumn *out, u16 sel,
    const RegList *values, RegList **apart);
SN_FUNC int snCodeConsts(Compile *c); /* at the end of the program */
/* The leaves of an expression that come from below: columns, slots, hits. */
SN_FUNC int snCodeLeaves(Compile *c, const Expr *e, ExprList *out);
SN_FUNC void *snCodeAlloc(Compile *c, size_t n); /* in the program */
/* "table.column", for EXPLAIN. */
SN_FUNC const char *snCodeColumnNote(Compile *c, const Source *s,
    const Expr *column);
SN_FUNC u32 snCodeAdd(Compile *c, u8 op, u16 sel, u16 dst, u16 a, u16 b);
SN_FUNC u32 snCodeHere(Compile *c);
/* Ends the loop over the batches of the instruction at next, which jumps
** behind it when there are no more. */
SN_FUNC void snCodeLoop(Compile *c, u32 next);
/* A stretch that runs once for each part of the rows of `most` objects, which
** are added to it; from here to End. */
SN_FUNC PartsDef *snCodeParts(Compile *c, u32 most);
SN_FUNC int snCodePartsEnd(Compile *c, PartsDef *d);

/* ---- From code_recall.c ------------------------------------------------- */

/* Before a condition on rows of a source, when it can be remembered: *recall
** is for Learn, which comes behind it; else UINT32_MAX, and nothing is
** added. */
SN_FUNC int snCodeRecall(Compile *c, const Env *v, u32 src, const Expr *e,
    u32 *recall);
SN_FUNC void snCodeLearn(Compile *c, u32 recall);

/* ---- From code_order.c -------------------------------------------------- */

/* Windows by the first key of ORDER BY, when that can be bounded; else NULL. */
SN_FUNC int snCodeOrder(Compile *c, const Plan *p, u16 obj,
    const SortDef *sort, const VisitDef **out);

/* ---- From code.c -------------------------------------------------------- */

typedef int (*Consume)(Compile *c, Env *v, void *arg);
typedef int (*ConsumeRow)(Compile *c, u16 sel, const u16 *reg, u32 n,
    void *arg);
/* Emits loops over the rows of FROM that pass WHERE. */
SN_FUNC int snCodeFrom(Compile *c, Plan *p, Consume fn, void *arg);
SN_FUNC int snCodeScan(Compile *c, Plan *p, u32 src, Consume fn, void *arg);
SN_FUNC int snCodeCursor(Compile *c, Source *s); /* opens a table */
/* The conditions of a place, but those in done; jumps to next when no row is
** left.  Behind an inner join of the sources a and b: those that ask both. */
typedef struct CodePlace {
  u32 place;
  const ExprList *done;
  u64 a, b;
} CodePlace;
SN_FUNC bool snCodeIsHere(const Plan *p, const CodePlace *at, const Expr *e);
SN_FUNC int snCodeConditions(Compile *c, Env *v, const CodePlace *at,
    u32 next);
/* column op constant on numbers, either way round; and what Where needs. */
SN_FUNC bool snCodeIsWhere(const Plan *p, const Expr *e, const Expr **col,
    const Expr **value, u8 *op);
SN_FUNC int snCodeWhereDef(Compile *c, const Expr *col, const Expr *value,
    u8 op, WhereDef *d);
SN_FUNC const char *snCodeScanNote(Compile *c, const Source *s);
/* ... of a plan whose rows are those of a function. */
SN_FUNC int snCodeCall(Compile *c, Plan *p, ConsumeRow fn, void *arg);

/* ---- From code_join.c --------------------------------------------------- */

SN_FUNC int snCodeJoin(Compile *c, Plan *p, Consume fn, void *arg);
SN_FUNC bool snCodeListed(const ExprList *l, const Expr *e);
/* The leaves that all stages behind FROM read. */
SN_FUNC int snCodeNeeds(Compile *c, Plan *p, ExprList *out);

/* ---- From code_wait.c --------------------------------------------------- */

/* Marks sub-queries for whose answers the rows of FROM should wait; true:
** there are some.  Then From is what snCodeFrom() does. */
SN_FUNC bool snWaitFind(Plan *p);
SN_FUNC int snWaitFrom(Compile *c, Plan *p, Consume fn, void *arg);

/* ---- From code_sub.c ---------------------------------------------------- */

SN_FUNC int snCodeSubs(Compile *c, Plan *p); /* but those that wait */
SN_FUNC int snCodeSub(Compile *c, Sub *s);
SN_FUNC int snCodeLookup(Compile *c, Env *v, const Expr *e, u16 *reg);
/* What body emits runs for those of the keys that are new. */
SN_FUNC int snCodeApply(Compile *c, Env *v, Sub *s, RegList *keys,
    int (*body)(Compile *c, void *arg), void *arg);

/* ---- From code_set.c ---------------------------------------------------- */

SN_FUNC int snCodeSet(Compile *c, Plan *p, ConsumeRow fn, void *arg);
SN_FUNC int snCodeRowsFirst(Compile *c, Rows *r);
SN_FUNC int snCodeRows(Compile *c, const Source *s, ConsumeRow fn,
    void *arg);

/* ---- From code_select.c ------------------------------------------------- */

/* Emits the whole select; fn gets the registers of its columns. */
SN_FUNC int snCodeSelect(Compile *c, Plan *p, ConsumeRow fn, void *arg);
/* LIMIT and the like: computed before the first row. */
SN_FUNC int snCodeBound(Compile *c, const Expr *e, u16 *reg);

/* ---- From code_key.c ---------------------------------------------------- */

/* Keys and checks of the statement: what is said of them is possible. */
SN_FUNC int snCodeKeys(Compile *c, Stmt *s);
SN_FUNC int snCodeKeysCopy(Compile *c, DdlDef *d); /* into the program */
SN_FUNC int snCodeChecks(Compile *c, u16 sel, InsertDef *d);
/* The generated column that is computed from the column of that name, or
** NULL. */
SN_FUNC const Column *snCodeGenerated(const Table *t, const char *name);
/* The rows of sel go to their table: checks, then Insert. */
/* Binds the columns of the table to the registers of d. */
SN_FUNC int snCodeRow(Compile *c, Env *v, const InsertDef *d);
SN_FUNC int snCodePut(Compile *c, u16 sel, InsertDef *d);

/* ---- From code_upsert.c ------------------------------------------------- */

/* What RETURNING gives. */
typedef struct Returning {
  Plan *plan;
  SortDef *def;        /* rows wait in obj */
  u16 obj;
} Returning;
/* *out NULL: there is none. */
SN_FUNC int snUpsertReturnNew(Compile *c, const Stmt *s, Returning **out);
/* Keeps the rows of sel that d has put into its table; takes NULL. */
SN_FUNC int snUpsertReturnRow(Compile *c, Returning *t, u16 sel,
    const InsertDef *d);
/* ... of which an Env says where the columns stand. */
SN_FUNC int snUpsertReturnEnv(Compile *c, Returning *t, Env *v);
/* Ends what is written, then gives them. */
SN_FUNC int snUpsertReturnEnd(Compile *c, Returning *t);
/* The keys that ON CONFLICT names, into d. */
SN_FUNC int snUpsertTarget(Compile *c, const Stmt *s, InsertDef *d);
/* Of each DO UPDATE: source 0 is the table, 1 `excluded`; its select has the
** WHERE.  The plans and the new values stay in s. */
SN_FUNC int snUpsertPlan(Compile *c, const Stmt *s);
SN_FUNC bool snUpsertUpdates(const Stmt *s); /* is there one? */
SN_FUNC int snUpsertRow(Compile *c, const Stmt *s, u16 sel, InsertDef *d,
    Returning *t);
/* The plan of UPDATE FROM and DELETE USING; source 0 is the table.  Its
** columns: those of cols, then of the table, rowid, reference. */
SN_FUNC int snUpsertJoin(Compile *c, const Stmt *s, ExprList *cols,
    Plan **out);
SN_FUNC int snUpsertRef(Compile *c, Env *v, u16 *reg); /* of source 0 */

/* ---- From infile.c ------------------------------------------------------ */

/* ... of a plan whose rows are those of a file. */
SN_FUNC int snInfileCode(Compile *c, Plan *p, ConsumeRow fn, void *arg);

/* ---- From outfile.c ----------------------------------------------------- */

SN_FUNC int snOutfile(Compile *c, Stmt *s); /* COPY TO */

/* ---- From code_stmt.c --------------------------------------------------- */

SN_FUNC int snCodeStmt(Compile *c);
SN_FUNC InsertDef *snStmtInsertDef(Compile *c, const Table *t);
SN_FUNC int snStmtSetValue(Compile *c, Env *v, const Column *col,
    const Expr *e, u16 *reg);
SN_FUNC int snStmtSets(Compile *c, Plan *p, const Table *t, ExprList *sets);
SN_FUNC int snStmtResult(Compile *c, u16 sel, const u16 *reg, u32 n,
    void *arg);
SN_FUNC int snStmtColumns(Compile *c, u32 n);

#endif
