/*
** sqlfuzz: random SQL that SQLite and Seine must answer alike.
**
**   sqlfuzz_gen.h   the generator, in some files
**   sqlfuzz.c       engines, laws, shrinking
*/
#ifndef SQLFUZZ_H
#define SQLFUZZ_H
#include <stdint.h>
#include "../slt/slt.h"

/* A piece of a query.  Its text is made of strings and of other pieces, so
** that a failing query can be made smaller piece by piece.
** type: i integer, r real, s text, b boolean, d date, q query, or a clause, - ;
** or = : of its two parts the first is Seine's, the second SQLite's. */
typedef struct Node Node;
typedef struct Part {
  const char *text; /* or NULL: the node */
  Node *node;
} Part;
struct Node {
  char type;
  char optional; /* may be left out */
  char gone;     /* is left out */
  int n;
  Part parts[24];
};

enum {
  GEN_TABLES = 3, GEN_VIEWS = 2, GEN_COLS = 6, GEN_ROWS = 24, GEN_AFTER = 3
};

typedef struct Table {
  int cols, rows;
  char types[GEN_COLS + 1];      /* i r s b d */
  char coded[GEN_COLS];          /* a text is a KEYWORD */
  const char *key;               /* of c0: PRIMARY KEY, UNIQUE or nothing */
  int indexed;                   /* column with an index, or 0 */
  const char *row[GEN_ROWS];     /* "(1,NULL,'a')", NULL: taken out */
} Table;

/* One thing to try: all that it takes to try it again. */
typedef struct Case {
  Table tables[GEN_TABLES];
  int doubled; /* so often are the rows of t0 */
  const char *after[GEN_AFTER]; /* statements behind the rows, or NULL */
  Node *views[GEN_VIEWS]; /* or NULL */
  Node *with;    /* stands before the query, or NULL */
  Node *query;   /* one, or statements */
  Node *where;   /* the condition of WHERE or HAVING that a law turns */
  Node *from;    /* the sources of a query of the law of counts */
  int ordered;   /* the query says the order of all its rows */
} Case;

typedef enum {
  LAW_SQLITE,  /* SQLite gives the same rows */
  LAW_STORES,  /* so do many segments, small batches, threads, OPTIMIZE */
  LAW_PARTS,   /* rows = those for p, for NOT p, for p IS NULL */
  LAW_COUNT,   /* count(*) WHERE p = how often p is true */
  LAW_WRITES,  /* SQLite writes the same */
  LAW_WRITE_STORES, /* as LAW_STORES */
  LAW_N
} Law;

/* The tables of a seed, the query number q of it for the law. */
void genTables(Case *c, uint64_t seed);
void genQuery(Case *c, uint64_t seed, int q, Law law);
void genFree(void); /* all texts and nodes */
void nodeText(const Node *n, int peer, Text *out); /* peer 1: for SQLite */
const char *genText(const char *format, ...);
#endif
