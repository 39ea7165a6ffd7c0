/*
** plan.h: a statement with names and types resolved, on its way to code.
*/
#ifndef SN_PLAN_H
#define SN_PLAN_H
#include "sql/sqlInt.h"

struct Plan;
typedef struct Source {
  const char *alias;
  Table *table;        /* a base table, counted; or */
  struct Plan *sub;
  u16 cursor;
  MatchSlot *match;    /* of a table */
  Expr **query;        /* the text of each slot */
  u32 nmatch, match_cap;
  From *from;
} Source;

typedef struct OutColumn { Expr *e; const char *name; } OutColumn;

typedef struct Plan {
  struct Plan *outer;  /* for the depth limit */
  const TableFunc *call; /* the rows are those of a function of args, or */
  ExprList *args;
  Select *s;
  Source *src;
  u32 nsrc;
  OutColumn *out;
  u32 nout, out_cap;
  bool grouped;
  ExprList key, agg, win, conj;
  ExprList order;
  const VisitDef *by;  /* how the one table is read, or NULL */
} Plan;

/* One compilation. */
typedef struct Compile {
  Parse *p;
  Arena *arena;
  Session *session;
  SqlError *err;
  const u8 *param_type;
  u32 nparam_type;
  With *with;
  Program *prog;
  u32 depth;
  u32 aliases, shared; /* inside of; nodes met there: a column that stands on
                       ** another one twice doubles them */
  /* code: */
  u32 *pre;            /* constants: instructions kept apart until the end */
  struct ConstSet *consts; /* NULL: none yet */
} Compile;

/* ---- From resolve.c ----------------------------------------------------- */

#define RES_AGG    1u  /* aggregates are allowed */
#define RES_WINDOW 2u
#define RES_ALIAS  4u  /* names may be aliases of the select list */
#define RES_ALIAS_FIRST 8u
SN_FUNC int snResolve(Compile *c, Plan *p, Expr **e, u32 flags);
SN_FUNC int snResolveCast(Compile *c, Expr **e, u8 type);
SN_FUNC int snResolveBool(Compile *c, Expr **e);
SN_FUNC bool snResolveConst(const Expr *e);
/* Types as one: for CASE, COALESCE, comparisons. */
SN_FUNC u8 snResolveUnify(u8 a, u8 b);
SN_FUNC int snResolveTable(Compile *c, Token name, TableState **out);
SN_FUNC int snPlanColumn(const Source *s, const char *name, size_t n);
SN_FUNC u8 snPlanColumnType(const Source *s, u32 col);
SN_FUNC const char *snPlanColumnName(const Source *s, u32 col);
SN_FUNC u32 snPlanColumns(const Source *s);

/* ---- From resolve_call.c ------------------------------------------------ */

SN_FUNC int snResolveCall(Compile *c, Plan *p, Expr **e, u32 flags);

/* ---- From resolve_match.c ----------------------------------------------- */

SN_FUNC const char *snResolveFormName(u8 form); /* AskForm */
SN_FUNC bool snResolveIsMatch(const Expr *e); /* a condition on texts */
SN_FUNC bool snResolveIsSearch(const Expr *e); /* ... or score() and so on */
SN_FUNC int snResolveSearch(Compile *c, Plan *p, Expr **e);
SN_FUNC int snResolveSlot(Compile *c, Source *s, const QueryAsk *ask,
    Expr *query, u32 *out);

/* ---- From plan.c -------------------------------------------------------- */

SN_FUNC int snPlanSelect(Compile *c, Select *s, Plan **out);
/* A plan over one table, for UPDATE and DELETE. */
SN_FUNC int snPlanTable(Compile *c, Token name, const char *alias,
    Plan **out);
SN_FUNC int snPlanWhere(Compile *c, Plan *p, Expr *where);

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
SN_FUNC int snCodeExpr(Compile *c, Env *v, const Expr *e, u16 *reg);
SN_FUNC int snCodeConst(Compile *c, const Expr *e, u16 *reg);
SN_FUNC int snCodeConsts(Compile *c); /* at the end of the program */
/* The leaves of an expression that come from below: columns, slots, hits. */
SN_FUNC int snCodeLeaves(Compile *c, const Expr *e, ExprList *out);
SN_FUNC void *snCodeAlloc(Compile *c, size_t n); /* in the program */
SN_FUNC u32 snCodeAdd(Compile *c, u8 op, u16 sel, u16 dst, u16 a, u16 b);
SN_FUNC u32 snCodeHere(Compile *c);

/* ---- From code_order.c -------------------------------------------------- */

/* Windows by the first key of ORDER BY, when that can be bounded; else NULL. */
SN_FUNC int snCodeOrder(Compile *c, const Plan *p, u16 obj,
    const SortDef *sort, const VisitDef **out);

/* ---- From code.c -------------------------------------------------------- */

typedef int (*Consume)(Compile *c, Env *v, void *arg);
/* Emits loops over the rows of FROM that pass WHERE. */
SN_FUNC int snCodeFrom(Compile *c, Plan *p, Consume fn, void *arg);
SN_FUNC int snCodeCursor(Compile *c, Source *s); /* opens a table */
/* column op constant on numbers, either way round; and what Where needs. */
SN_FUNC bool snCodeIsWhere(const Plan *p, const Expr *e, const Expr **col,
    const Expr **value, u8 *op);
SN_FUNC int snCodeWhereDef(Compile *c, const Expr *col, const Expr *value,
    u8 op, WhereDef *d);
SN_FUNC const char *snCodeScanNote(Compile *c, const Source *s);
/* Emits the whole select; fn gets the registers of its columns. */
typedef int (*ConsumeRow)(Compile *c, u16 sel, const u16 *reg, u32 n,
    void *arg);
SN_FUNC int snCodeSelect(Compile *c, Plan *p, ConsumeRow fn, void *arg);
/* ... of a plan whose rows are those of a function. */
SN_FUNC int snCodeCall(Compile *c, Plan *p, ConsumeRow fn, void *arg);

/* ---- From code_stmt.c --------------------------------------------------- */

SN_FUNC int snCodeStmt(Compile *c);

#endif
