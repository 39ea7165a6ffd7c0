/*
** sqlInt: the tree of a statement, as the files of sql/ share it.  All of it
** lives in the arena of one compilation.
*/
#ifndef SN_SQLINT_H
#define SN_SQLINT_H
#include "sql/sql.h"

#define SQL_SELECTS 64u /* inside of one another, or of a UNION */
#define SQL_SOURCES 64u /* of a select: bits of a u64 */

typedef struct Token { const char *p; u32 n, at; } Token;

typedef enum ExprKind {
  EX_NULL, EX_INT, EX_REAL, EX_STR, EX_BLOB, EX_BOOL, EX_INTERVAL, EX_PARAM,
  EX_NAME,    /* text, qualifier in left */
  EX_STAR,    /* t.* when text is set; list: EXCLUDE, order: REPLACE, left:
              ** RENAME; negate: no column may be left */
  EX_NEG, EX_NOT, EX_ISNULL, EX_IS,
  EX_ARITH, EX_CONCAT, EX_COMPARE, EX_AND, EX_OR,
  EX_LIKE, EX_IN, EX_BETWEEN, EX_CASE, EX_CAST, EX_CALL, EX_MATCH,
  EX_SUBQUERY, /* op: SubKind; of IN left; select; text, or NULL */
  EX_COLLATE, /* left, collate */
  EX_ROW,     /* (a, b): list */
  EX_PERCENT, /* of LIMIT: d */
  EX_LAMBDA,  /* left -> right */
  /* after resolving: */
  EX_COLUMN,  /* src, col */
  EX_SLOT,    /* a value of the stage below: slot */
  EX_SCORE,   /* src, match slot */
  EX_WHY,     /* ... and i: below a sum */
  EX_HIT,     /* a MATCH: src, match slot */
  EX_MARK,    /* highlight, snippet: left, src, match slot */
  EX_FUNC, EX_AGG, EX_WINDOW, EX_NOW,
  EX_OUTER,   /* left: a value of the select around this one */
  EX_GROUPING, /* list: keys; i: them as bits, the last one lowest */
  EX_FOLD,    /* elements of an array, taken into one value: fold.c */
  EX_ELEMENT, /* ... i: which of what its step is told */
  EX_LOOKUP   /* sub-query, resolved: op, sub, i: which of its values; list:
              ** what it is asked for */
} ExprKind;

/* Order of kern_num.c. */
enum { AR_ADD, AR_SUB, AR_MUL, AR_DIV, AR_MOD,
  AR_BAND, AR_BOR, AR_SHL, AR_SHR };
enum { CMP_EQ, CMP_NE, CMP_LT, CMP_LE, CMP_GT, CMP_GE };
enum { SET_NONE, SET_UNION, SET_EXCEPT, SET_INTERSECT };
/* Bit 0: rows before the join stay without a partner; bit 1: rows of the
** joined source do. */
enum { JOIN_INNER, JOIN_LEFT, JOIN_RIGHT, JOIN_FULL, JOIN_SEMI, JOIN_ANTI,
  JOIN_KIND = 7, JOIN_NATURAL = 8, JOIN_ASOF = 16 };
typedef enum SubKind {
  SUB_SCALAR, SUB_EXISTS, SUB_IN,
  SUB_ANY, SUB_ALL    /* of the grammar: they become others */
} SubKind;

struct Window;
typedef struct ExprList ExprList;
typedef struct Expr {
  u8 kind, op, type;
  u8 collate;         /* Collation: of a column, and what hands it on */
  bool negate;        /* NOT LIKE, NOT IN, IS NOT ... */
  bool distinct, star; /* f(DISTINCT x), f(*) */
  bool respect_nulls, ignore_nulls, from_last; /* of a window function */
  u16 depth;
  u32 at;             /* byte of the SQL text */
  const char *text;
  u32 len;
  i64 i;              /* value; parameter number; column; slot */
  double d;
  struct Expr *left, *right, *third;
  ExprList *list;     /* arguments; CASE: when, then, when, then */
  struct Expr *filter;
  ExprList *order;    /* of arguments: agg(x ORDER BY y LIMIT n) */
  i64 limit;          /* ... or -1 */
  struct Window *over;
  u32 src, slot;
  const Func *func;
  const AggFunc *agg;
  const WindowFunc *win;
  const void *mark;   /* Marker */
  struct Select *select;
  struct Sub *sub;
} Expr;

typedef struct ExprItem {
  Expr *e;
  const char *alias;  /* or NULL */
  u32 from, to;       /* of the text, for names of columns */
  bool desc, nulls_set, nulls_last;
  bool busy;          /* is being resolved: its alias names nothing yet */
} ExprItem;
struct ExprList { ExprItem *v; u32 n, cap; };

typedef struct Window {
  const char *name;   /* OVER name, or base of (name ...) */
  u32 at;
  ExprList *part, *order;
  bool has_frame;
  bool keyed;         /* part has the keys of its sub-query */
  Frame frame;
  Expr *start, *end;  /* the numbers of the frame's bounds, or NULL */
  struct Window *next; /* of the WINDOW clause */
  const char *def_name;
} Window;

typedef struct FrameBound { u8 kind; Expr *e; } FrameBound; /* FrameEnd */

/* TABLESAMPLE.  PLAIN: a number alone. */
typedef enum SampleUnit { SAMPLE_PLAIN, SAMPLE_PERCENT, SAMPLE_ROWS }
    SampleUnit;
typedef struct Sample {
  u8 unit;
  bool system;         /* by windows */
  double amount;
  Expr *seed;          /* of REPEATABLE, or NULL */
  u32 at;
} Sample;

typedef struct From {
  Token name;
  Token index;         /* INDEXED BY, or empty */
  const char *alias;
  struct Select *select;
  ExprList *cols;      /* names for the columns of select or call */
  bool call;           /* name(args) */
  bool ordinality;     /* ... WITH ORDINALITY */
  bool spread;         /* ... of unnest() in the select list */
  bool lateral;        /* select may name the sources before it */
  bool file;           /* 'name' */
  Token into;          /* of a file: the table that its rows are for */
  ExprList *args;
  u8 join;             /* JoinKind, with the sources before */
  bool natural;
  bool asof;           /* inner or left: the nearest partner alone */
  Expr *on;
  ExprList *using_;
  u32 at;              /* of ON or USING */
  struct From *nest;   /* (a JOIN b ...) */
  Sample *sample;      /* or NULL */
  struct From *next;
} From;

/* AS [NOT] MATERIALIZED. */
enum { ONCE_AUTO, ONCE_YES, ONCE_NO };

typedef struct With {
  const char *name;
  struct Select *select;
  ExprList *cols;
  struct With *next;
  bool recursive;     /* may name itself */
  u8 once;            /* are its rows made once? */
  u32 uses;           /* names of it behind its definition */
  bool busy;          /* being resolved: a cycle */
  struct Rows *rows;  /* planned: they wait in an object; or NULL */
  struct Plan *owner; /* of the select that it stands before */
} With;

/* An UNPIVOT that is told its columns by COLUMNS() or *: cols of its select,
** over from. */
typedef struct Unpivot {
  Token at;
  const ExprList *into;
  bool nulls;
} Unpivot;

typedef struct Select {
  bool distinct, group_all;
  ExprList *cols, *group, *order;
  From *from;
  Expr *where, *having, *qualify, *limit, *offset;
  Window *windows;
  With *with;
  ExprList **rows;    /* VALUES */
  u32 nrows, rows_cap;
  u32 at;
  u8 set;             /* left UNION right, and the like */
  bool all;
  u16 depth;          /* of UNION and the like */
  struct Select *left, *right;
  const Unpivot *unpivot; /* or NULL */
  ExprList *distinct_on; /* DISTINCT ON, or NULL */
  Sample *sample;     /* USING SAMPLE, until it is that of from */
} Select;

/* What stands behind ANALYZER. */
typedef struct AnalyzerRef {
  const char *name;   /* or NULL: */
  ExprList *chain;    /* calls, with their places */
  u32 at;
  u32 col;            /* of the statement's columns */
  bool search;        /* SEARCH ANALYZER */
  struct AnalyzerRef *next;
} AnalyzerRef;

/* A key of CREATE TABLE or CREATE INDEX. */
typedef struct KeyRef {
  KeyDef def;
  u32 at;
  bool autoincrement;
  struct KeyRef *next;
} KeyRef;

/* ON CONFLICT (target) DO. */
typedef struct UpsertRef {
  u32 at;
  ExprList *target;   /* columns of a key, or NULL: any */
  ExprList *sets;     /* UPDATE SET; NULL: NOTHING */
  Expr *where;
  struct Plan *plan;  /* of sets and where, or NULL */
  struct UpsertRef *next;
} UpsertRef;

typedef enum StmtKind {
  ST_NONE, ST_SELECT, ST_INSERT, ST_UPDATE, ST_DELETE, ST_DDL, ST_PRAGMA,
  ST_BEGIN, ST_COMMIT, ST_ROLLBACK, ST_SAVEPOINT, ST_RELEASE, ST_ROLLBACK_TO,
  ST_DESCRIBE, ST_SUMMARIZE, ST_SHOW, ST_VACUUM, ST_COPY_TO
} StmtKind;
typedef struct Stmt {
  u8 kind;
  bool explain, analyze;
  u8 format;          /* ExplainFormat */
  u32 explain_at;
  bool write;         /* BEGIN IMMEDIATE */
  Token name;         /* table, pragma */
  const char *alias;
  Select *select;
  ExprList *cols;     /* INSERT: names; UPDATE: alias = value */
  Expr *where;
  DdlDef ddl;
  u32 col_cap;
  Token *type;        /* of the columns, as written */
  const char *constraint; /* CONSTRAINT name: of what comes next */
  KeyRef *key, *last_key;
  u32 check_cap;
  AnalyzerRef *analyzer; /* of the columns */
  ExprList *chain;    /* CREATE ANALYZER */
  Expr *value;        /* of a pragma; pattern of SHOW; file of VACUUM INTO */
  u8 on;              /* OnConflict: INSERT OR, UPDATE OR */
  bool by_name;       /* INSERT BY NAME */
  UpsertRef *upsert;  /* ON CONFLICT ... DO, in order */
  ExprList *returning;
  From *from;         /* UPDATE ... FROM, DELETE ... USING */
  Token index;        /* INDEXED BY of UPDATE and DELETE */
  Token show;         /* the word behind SHOW, the name behind SHOW CREATE */
} Stmt;

/* ---- The parser's state ------------------------------------------------- */

typedef struct Parse {
  Arena *arena;
  Session *session;
  const char *sql;
  u32 n, most;        /* most: bytes of a statement, or 0: any number */
  Stmt stmt;
  int rc;             /* sticky */
  SqlError *err;
  bool done;          /* a semicolon was seen */
  u32 nparam;
  const char **param; /* names by number - 1, NULL for ? */
  u32 param_cap;
  Token last;         /* for messages */
} Parse;

SN_FUNC int snParseError(Parse *p, u32 at, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* The same, for what is too much of something. */
SN_FUNC int snParseTooBig(Parse *p, u32 at, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* parse.y, by lemon */
#define PARSE_ROOM 256u /* bytes of a parser, but for its stack */
SN_FUNC void snParseInit(void *parser, Parse *p);
SN_FUNC void snParseFinalize(void *parser);
SN_FUNC void snParse(void *parser, int token, Token t);
/* feed.c: memory for the stack of the parser, n bytes; NULL: too deep. */
SN_FUNC void *snParseStack(Parse *p, void *old, size_t n);
/* Parses the first statement of the text. */
SN_FUNC int snFeed(Parse *p, u32 *end);
SN_FUNC void snParseLong(Parse *p); /* there are more than p->most bytes */
/* Each is TOOBIG or ERROR: the stack, selects, or sources of a FROM. */
SN_FUNC int snParseDeep(Parse *p, u32 at);
SN_FUNC int snParseSelects(Parse *p, u32 at);
SN_FUNC int snParseSources(Parse *p, u32 at);
/* lex.re: the next token's type, or 0 at the end. */
SN_FUNC int snLexNext(const char *sql, u32 n, u32 *at, Token *out);
/* The same tokens, words in either case; ? is never the same parameter. */
SN_FUNC bool snLexSame(const char *a, u32 na, const char *b, u32 nb);
/* Did you mean: sets the hint to the nearest of the names given one by one. */
typedef struct Nearest {
  const char *want;
  char best[128];
  u32 distance;
} Nearest;
SN_FUNC void snNearestInit(Nearest *n, const char *want);
SN_FUNC void snNearestAdd(Nearest *n, const char *name);
SN_FUNC void snNearestHint(const Nearest *n, SqlError *err);

/* ---- From pivot.c ------------------------------------------------------- */

/* on: EX_IN each, list: the values, or NULL; use: aggregates, or NULL:
** count(*); by: the groups, or NULL: all other columns. */
SN_FUNC Select *snPivotSelect(Parse *p, Token at, From *f, const ExprList *on,
    ExprList *use, ExprList *by);
/* into: the names of the two columns, or NULL: name and value. */
SN_FUNC Select *snPivotUnpivot(Parse *p, Token at, From *f, ExprList *cols,
    const ExprList *into, bool nulls);
/* COLUMNS() or *. */
SN_FUNC bool snPivotIsChoice(const Expr *e);
SN_FUNC ExprList *snPivotInto(Parse *p, Token a, Token name, Token b,
    Token value);
SN_FUNC int snPivotNulls(Parse *p, Token word);
SN_FUNC From *snPivotSource(Parse *p, Select *s, const char *alias);

/* ---- From plan_sample.c ------------------------------------------------- */

SN_FUNC Sample *snSampleNew(Parse *p, Token amount, Token unit);
SN_FUNC Sample *snSampleMethod(Parse *p, Sample *s, Token method);
SN_FUNC Sample *snSampleSeed(Parse *p, Sample *s, Token seed);
SN_FUNC From *snSampleFrom(Parse *p, From *f, Sample *s, const char *alias);

/* ---- From lambda.c ------------------------------------------------------ */

/* Lambdas that a function takes. */
SN_FUNC u32 snLambdaCount(Token t);
/* unnest(arrays) WITH ORDINALITY, with names for its columns */
SN_FUNC From *snLambdaElements(Parse *p, u32 at, ExprList *arrays,
    ExprList *names);

/* ---- From ast.c --------------------------------------------------------- */

SN_FUNC Expr *snAstNew(Parse *p, ExprKind k, u32 at);
SN_FUNC Expr *snAstNode(Parse *p, ExprKind k, Expr *a, Expr *b);
SN_FUNC Expr *snAstOp(Parse *p, ExprKind k, int op, Expr *a, Expr *b);
SN_FUNC Expr *snAstInt(Parse *p, u32 at, i64 i);
SN_FUNC Expr *snAstBool(Parse *p, u32 at, bool yes);
SN_FUNC Expr *snAstNotNull(Parse *p, Expr *x);
/* CASE WHEN cond THEN yes ELSE no END; no may be NULL. */
SN_FUNC Expr *snAstWhen(Parse *p, Expr *cond, Expr *yes, Expr *no);
SN_FUNC Expr *snAstName(Parse *p, Token t);    /* quotes taken off */
SN_FUNC Expr *snAstNumber(Parse *p, Token t);
SN_FUNC Expr *snAstString(Parse *p, Token t);
SN_FUNC Expr *snAstBlob(Parse *p, Token t);
SN_FUNC Expr *snAstParam(Parse *p, Token t);
SN_FUNC Expr *snAstCall(Parse *p, Token name, ExprList *args);
SN_FUNC Expr *snAstCallStar(Parse *p, Token name, Expr *star); /* f(*) */
SN_FUNC Expr *snAstOrdered(Parse *p, Expr *call, ExprList *order, Expr *limit);
/* f(args) WITHIN GROUP (ORDER BY o) */
SN_FUNC Expr *snAstWithin(Parse *p, Token name, ExprList *args, ExprList *o);
SN_FUNC Expr *snAstCast(Parse *p, Expr *e, Token type);
SN_FUNC Expr *snAstTyped(Parse *p, Token type, Token text);
SN_FUNC ExprList *snAstList(Parse *p, ExprList *l, Expr *e);
SN_FUNC ExprList *snAstPair(Parse *p, Expr *a, Expr *b); /* a list of two */
/* ... an argument of a call, whose alias is its name. */
SN_FUNC ExprList *snAstArg(Parse *p, ExprList *l, ExprItem arg);
/* * with what stands behind it, or NULL each. */
SN_FUNC Expr *snAstStar(Parse *p, Token at, ExprList *exclude,
    ExprList *replace, ExprList *rename);
SN_FUNC Expr *snAstRow(Parse *p, Token open, ExprList *l);
SN_FUNC const char *snAstText(Parse *p, Token t); /* 0-ended, unquoted */
SN_FUNC Select *snAstSelect(Parse *p, u32 at);
SN_FUNC Select *snAstSet(Parse *p, int set, int all, Select *a, Select *b);
/* s: what stands behind FROM; distinct: NULL, or an EX_ROW of ON. */
SN_FUNC Select *snAstCore(Parse *p, Token at, const Expr *distinct,
    ExprList *cols, From *f, Select *s);
/* WITH, ORDER BY and LIMIT of a select, of which each may be NULL. */
SN_FUNC Select *snAstTail(Parse *p, Select *s, With *with, ExprList *order,
    const Expr *limit);
/* How often a select and those in it read from a table of that name. */
SN_FUNC u32 snAstReads(const Select *s, const char *name);
SN_FUNC Select *snAstAll(Parse *p, Token table); /* SELECT * FROM table */
/* Its text is that from left, or at, to the token read last. */
SN_FUNC Expr *snAstSub(Parse *p, Token at, int kind, Expr *left, Select *s);
/* x < ANY (select): some is SUB_ANY or SUB_ALL. */
SN_FUNC Expr *snAstSome(Parse *p, Token at, int some, int op, Expr *x,
    Select *s);
SN_FUNC Expr *snAstCopy(Parse *p, const Expr *e);
SN_FUNC Select *snAstCopySelect(Parse *p, const Select *s); /* unplanned */
SN_FUNC void snAstValues(Parse *p, Select *s, ExprList *row);
SN_FUNC From *snAstFrom(Parse *p, From *list, From *add);
/* LATERAL f; f WITH word */
SN_FUNC From *snAstLateral(Parse *p, Token at, From *f);
/* LATERAL VIEW name(args); as: its name and columns, which may be missing. */
SN_FUNC From *snAstLateralView(Parse *p, Token name, ExprList *args, int join,
    From as);
SN_FUNC From *snAstOrdinality(Parse *p, From *f, Token word);
SN_FUNC From *snAstNest(Parse *p, From *list);
/* name AS alias(names) */
SN_FUNC From *snAstNamed(Parse *p, Token name, Token alias, ExprList *names);
/* COPY table FROM path: an INSERT of the rows of the file. */
SN_FUNC void snAstCopyFrom(Parse *p, Token table, Token path, ExprList *opts);
/* COPY (select) TO path; cols: those of the one table in it, or NULL. */
SN_FUNC void snAstCopyTo(Parse *p, Select *s, ExprList *cols, Token path,
    ExprList *opts);
SN_FUNC From *snAstFile(Parse *p, Token path, const char *alias);
SN_FUNC bool snAstIsRowid(const char *name);
SN_FUNC void snAstNewName(Parse *p, Token name); /* refuses rowid */
SN_FUNC void snAstColumn(Parse *p, Token name, Token type);
SN_FUNC AnalyzerRef *snAstAnalyzer(Parse *p, Token at, ExprList *chain);
SN_FUNC void snAstColumnAnalyzer(Parse *p, AnalyzerRef *r, bool search);
/* names NULL: over the column defined last. */
SN_FUNC void snAstKey(Parse *p, u8 kind, Token at, ExprList *names,
    bool autoincrement);
SN_FUNC int snAstOnConflict(Parse *p, Token word);
/* One more ON CONFLICT of the statement. */
SN_FUNC void snAstUpsert(Parse *p, Token at, ExprList *target, ExprList *sets,
    Expr *where);
/* ORDER BY and LIMIT of UPDATE and DELETE: only those rows are meant. */
SN_FUNC void snAstFirst(Parse *p, ExprList *order, const Expr *limit);
SN_FUNC ExprList *snAstSets(Parse *p, ExprList *a, ExprList *b); /* joined */
SN_FUNC ExprList *snAstSetRow(Parse *p, Token at, ExprList *names,
    ExprList *values);
SN_FUNC ExprList *snAstSetSelect(Parse *p, Token at, ExprList *names,
    const Select *s);
SN_FUNC void snAstCheck(Parse *p, Token open, Token close);
/* Of the column defined last: how its value is come by. */
SN_FUNC void snAstDefault(Parse *p, Token at, Token value);
SN_FUNC void snAstGenerated(Parse *p, Token open, Token close);
SN_FUNC void snAstCollate(Parse *p, Token name); /* of the last column */
SN_FUNC void snAstKeyCollate(Parse *p, Token name);
SN_FUNC Expr *snAstCollation(Parse *p, Expr *e, Token name);
/* The call whose values a collation compares, of e; marked by negate. */
SN_FUNC Expr *snAstCollated(Parse *p, u8 collate, Expr *e);
SN_FUNC bool snAstIs(Token t, const char *word); /* a word of no grammar */
SN_FUNC void snAstRetype(Parse *p, Token name, Token type);
SN_FUNC void snAstExplain(Parse *p, Token word, ExprList *opts);
SN_FUNC void snAstShow(Parse *p, Token word, Expr *like);
/* CREATE VIEW name body; the last token of the body is that behind it. */
SN_FUNC void snAstView(Parse *p, Token name, Token body);
SN_FUNC Token snAstSpan(Parse *p, Token from, Token to);
/* An interval of count, or of the text, and the unit. */
SN_FUNC Token snAstCount(Parse *p, Token count, Token unit);
SN_FUNC Token snAstJoined(Parse *p, const char *count, Token unit, u32 at);
/* LIMIT n PERCENT, as a mark for snAstTail(). */
SN_FUNC Expr *snAstPercent(Parse *p, Token at, const Expr *n);
/* A window with that frame and nothing else. */
SN_FUNC Window *snAstFrame(Parse *p, int mode, FrameBound from, FrameBound to,
    int exclude);
SN_FUNC Window *snAstWindow(Parse *p, Window *frame, Token base,
    ExprList *part, ExprList *order);
SN_FUNC bool snAstSame(const Expr *a, const Expr *b); /* after resolving */
/* Calls fn for every node below and including *e, parents first; fn may
** replace the node; returns false not to go below. */
SN_FUNC void snAstWalk(Expr **e, bool (*fn)(void *, Expr **), void *arg);

#endif
