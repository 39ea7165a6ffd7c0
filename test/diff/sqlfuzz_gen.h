/*
** sqlfuzz_gen: what the parts of the generator share.
**
**   sqlfuzz_gen.c     nodes, chance, tables, expressions
**   sqlfuzz_call.c    functions, conditions of one line
**   sqlfuzz_query.c   sources, groups, windows, selects
**   sqlfuzz_write.c   INSERT, UPDATE, DELETE
*/
#ifndef SQLFUZZ_GEN_H
#define SQLFUZZ_GEN_H
#include "sqlfuzz.h"

typedef struct Col {
  const char *name;
  char type;
  char is_id;    /* tells the rows of its source apart */
  char searched; /* a text of a table */
} Col;

/* What an expression may name. */
typedef struct Scope {
  Col cols[60];
  int n;
  struct Scope *outer;
} Scope;

extern Case *genCase;
extern int genAlias;  /* numbers of sources, not the same twice */
extern int genNested; /* the query has sub-queries in expressions */
extern int genPeer;   /* SQLite is asked, too: what it knows and no more */

/* ---- From sqlfuzz_gen.c ------------------------------------------------- */

void genSeed(uint64_t seed, uint64_t more);
int below(int n);
int chance(int percent);
/* A node by a format: %n a Node *, %s a string, %d an int. */
Node *node(char type, const char *format, ...);
Node *nodeOptional(Node *n);
/* Two forms that say the same, each of the type - and of the same pieces. */
Node *nodeEither(Node *seine, Node *peer);
char genType(void); /* of a value: not b */
const char *genValue(char type);
void scopeAdd(Scope *s, const char *name, char type, int is_id);
/* A column of the type, now and then of an outer query; NULL when there is
** none. */
const Col *scopePick(const Scope *s, char type);
Node *genExpr(Scope *s, char type, int depth);
Node *genBool(Scope *s, int depth);

/* ---- From sqlfuzz_call.c ------------------------------------------------ */

Node *genCall(Scope *s, char type, int depth);

/* ---- From sqlfuzz_query.c ----------------------------------------------- */

/* A table, a view or a WITH; its columns join the scope. */
Node *genTable(Scope *s);
Node *genSelect(const char *types, Scope *outer, int depth);
Node *genTop(const char *types, Node *query); /* perhaps with a LIMIT */
Node *genItems(Scope *s, const char *types, int depth,
    Node *(*item)(Scope *, char, int));

/* ---- From sqlfuzz_write.c ----------------------------------------------- */

/* Statements that write, and what the tables hold behind them. */
Node *genWrites(int depth);
#endif
