/*
** sqlfuzz: random SQL that SQLite and Seine must answer alike.
**
**   sqlfuzz_gen.c   tables, rows and queries by chance
**   sqlfuzz.c       engines, laws, shrinking
*/
#ifndef SQLFUZZ_H
#define SQLFUZZ_H
#include <stdint.h>
#include "../slt/slt.h"

/* A piece of a query.  Its text is made of strings and of other pieces, so
** that a failing query can be made smaller piece by piece.
** type: i integer, r real, s text, b boolean, q query, or a clause, - . */
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
  Part parts[12];
};

enum { GEN_TABLES = 3, GEN_COLS = 6, GEN_ROWS = 24, GEN_AFTER = 3 };

typedef struct Table {
  int cols, rows;
  char types[GEN_COLS + 1];      /* i r s */
  char coded[GEN_COLS];          /* a text is a KEYWORD */
  const char *row[GEN_ROWS];     /* "(1,NULL,'a')", NULL: taken out */
} Table;

/* One thing to try: all that it takes to try it again. */
typedef struct Case {
  Table tables[GEN_TABLES];
  const char *after[GEN_AFTER]; /* statements behind the rows, or NULL */
  Node *query;
  Node *where;   /* the condition of WHERE or HAVING that a law turns */
  Node *from;    /* the sources of a query of the law of counts */
  int ordered;   /* the query says the order of all its rows */
} Case;

typedef enum {
  LAW_SQLITE,  /* SQLite gives the same rows */
  LAW_STORES,  /* so do many segments, two threads, OPTIMIZE */
  LAW_PARTS,   /* rows = those for p, for NOT p, for p IS NULL */
  LAW_COUNT,   /* count(*) WHERE p = how often p is true */
  LAW_N
} Law;

/* The tables of a seed, the query number q of it for the law. */
void genTables(Case *c, uint64_t seed);
void genQuery(Case *c, uint64_t seed, int q, Law law);
void genFree(void); /* all texts and nodes */
void nodeText(const Node *n, Text *out);
const char *genText(const char *format, ...);
#endif
