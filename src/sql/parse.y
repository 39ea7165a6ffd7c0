/*
** parse: the grammar (lemon).  Actions build the tree of sqlInt.h and do
** nothing else.
**
** lemon runs with -c: default reductions would hide that a word has a meaning
** where it stands, and %fallback would make a name of it (FROM t WINDOW w).
*/
%include {
#include "sql/sqlInt.h"
#include "sql/parse.h"
#if defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-parameter"
#pragma GCC diagnostic ignored "-Wunused-variable"
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wtype-limits"
#pragma GCC diagnostic ignored "-Wmissing-prototypes"
#endif

/* What lemon's stack grows by. */
#define malloc(n) snParseStack(p->p, NULL, n)
#define realloc(old, n) snParseStack(p->p, old, n)
#define free snMemFree
#define snParse_ENGINEALWAYSONSTACK

/* What a user of other databases may write and this grammar lacks. */
static bool parseLater(Token t) {
  static const char *const words[] = {"ANALYZE", "ATTACH", "DETACH",
      "MERGE", "OUTER", "TEMP", "TEMPORARY", "TRIGGER"};
  for (u32 i = 0; i < SN_COUNT(words); i++)
    if (snAsciiEq(t.p, t.n, words[i], strlen(words[i]))) return true;
  return false;
}

static void parseLaterError(Parse *p, Token t) {
  (void)snParseError(p, t.at, "%.*s is not supported yet",
      (int)SN_MIN(t.n, 60u), t.p);
}

static void parseForeignError(Parse *p, Token t) {
  (void)snParseError(p, t.at, "foreign keys are not enforced here: leave "
      "%.*s away", (int)SN_MIN(t.n, 60u), t.p);
}

/* A word before JOIN that is one of another database would be taken for the
** name of the table in front of it. */
static const char *parseAlias(Parse *p, Token name) {
  bool join = snAstIs(p->last, "join") &&
      (snAstIs(name, "positional") || snAstIs(name, "any"));
  if (join)
    (void)snParseError(p, name.at, "%.*s JOIN is not supported yet",
        (int)SN_MIN(name.n, 60u), name.p);
  return snAstText(p, name);
}

static Expr *parseNulls(Expr *e, int ignore) {
  if (e && ignore) e->ignore_nulls = true;
  else if (e) e->respect_nulls = true;
  return e;
}

/* x [NOT] LIKE y ESCAPE z, as a call with the pattern first. */
static Expr *parseLike(Parse *p, const char *name, Expr *x, Expr *y, Expr *z,
    bool negate) {
  Token t = {name, (u32)strlen(name), x ? x->at : 0};
  ExprList *l = snAstPair(p, y, x);
  Expr *e = snAstCall(p, t, z ? snAstList(p, l, z) : l);
  return negate ? snAstNode(p, EX_NOT, e, NULL) : e;
}

/* x IS UNKNOWN: NOT x is NULL where x is, and takes conditions alone. */
static Expr *parseUnknown(Parse *p, Token is, Expr *x, bool negate) {
  Expr *no = snAstNode(p, EX_NOT, x, NULL);
  Expr *e = snAstNode(p, EX_ISNULL, no, NULL);
  if (e) e->at = is.at;
  if (e) e->negate = negate;
  return e;
}

/* x[from:to], of which either may be left away. */
static Expr *parseSlice(Parse *p, Token colon, Expr *x, Expr *from, Expr *to) {
  Token t = {"array_slice", 11, x ? x->at : 0};
  if (!from) from = snAstInt(p, colon.at, 1);
  if (!to) to = snAstInt(p, colon.at, -1);
  return snAstCall(p, t, snAstList(p, snAstPair(p, x, from), to));
}

/* j -> part */
static Expr *parsePart(Parse *p, const char *name, Expr *j, Expr *part) {
  Token t = {name, (u32)strlen(name), j ? j->at : 0};
  return snAstCall(p, t, snAstPair(p, j, part));
}

}
%name snParse
%token_prefix TK_
%token_type {Token}
%default_type {Expr *}
%extra_context {Parse *p}
%stack_size 0
%syntax_error {
  if (!TOKEN.n)
    snParseError(p, p->n, "the statement ends too early");
  else if (parseLater(TOKEN))
    parseLaterError(p, TOKEN);
  else
    snParseError(p, TOKEN.at, "syntax error near \"%.*s\"",
        (int)SN_MIN(TOKEN.n, 60u), TOKEN.p);
}
%stack_overflow {
  if (!p->rc)
    snParseTooBig(p, p->last.at, "the statement is nested too deeply");
}

%fallback ID
  ADD ANALYZE ANALYZER ASC BEGIN COLUMN CURRENT DEFERRED DESC END ESCAPE
  EXCLUSIVE
  EXPLAIN FILTER FIRST FOLLOWING GLOB IF IMMEDIATE KEY LAST LIKE MATCH NULLS
  OPTIMIZE OVER PARTITION PRAGMA PRECEDING RANGE REGEXP RENAME ROLLBACK ROW
  ROWS TO TRANSACTION UNBOUNDED WINDOW WITHIN ALL INTERVAL LEFT QUALIFY
  COMMIT ARRAY PRECISION VARYING RIGHT FULL NATURAL
  RECURSIVE SEARCH SEMIJOIN ANTI ANY SOME GROUPING SETS VACUUM EXCLUDE GROUPS
  NO OTHERS TIES AUTOINCREMENT CONFLICT DO INDEX NOTHING REPLACE WITHOUT VIEW
  RELEASE SAVEPOINT DESCRIBE SHOW SUMMARIZE COPY TYPE TABLESAMPLE REPEATABLE
  PERCENT TRUNCATE MATERIALIZED UNKNOWN.

/* ON behind a joined table is its condition, not that of a conflict. */
%nonassoc USING.
%nonassoc ON.
/* LATERAL (a) PIVOT (...) is (LATERAL (a)) PIVOT (...). */
%nonassoc PIVOT UNPIVOT TABLESAMPLE.
%nonassoc LATERAL.
%left OR.
%left AND.
%right NOT.
%left IS MATCH LIKE GLOB REGEXP SIMILARTO BETWEEN IN ISNULL NOTNULL NE EQ.
%left GT LE LT GE.
%right ESCAPE.
%left BITAND BITOR LSHIFT RSHIFT.
%left PLUS MINUS.
%left STAR SLASH REM IDIV.
%left CONCAT JSONGET JSONTEXT.
%left COLLATE.
%left COLONCOLON.
%left LB.
%right UMINUS BITNOT.

input ::= stmt.
input ::= stmt SEMI.             { p->done = true; }
input ::= SEMI.                  { p->done = true; }

stmt ::= cmd.
stmt ::= EXPLAIN(T) cmd.         { snAstExplain(p, T, NULL); }
stmt ::= EXPLAIN(T) ANALYZE cmd. { snAstExplain(p, T, NULL);
                                   p->stmt.analyze = true; }
stmt ::= EXPLAIN(T) QUERYPLAN cmd. { snAstExplain(p, T, NULL); }
stmt ::= EXPLAIN(T) LP copylist(L) RP cmd. { snAstExplain(p, T, L); }

/* ---- select ------------------------------------------------------------- */

%type select {Select *}
%type core {Select *}
%type with {With *}
%type withlist {With *}
%type from {From *}
%type source {From *}
%type joins {From *}
%type exprs {ExprList *}
%type exprsopt {ExprList *}
%type columns {ExprList *}
%type column {ExprItem}
%type groupby {ExprList *}
%type orderby {ExprList *}
%type orders {ExprList *}
%type order {ExprItem}
%type alias {const char *}
%type windows {Window *}
%type windowdefs {Window *}
%type windowbody {Window *}
%type frame {Window *}
%type framemode {int}
%type bound {FrameBound}
%type values {Select *}
%type names {ExprList *}
%type namesopt {ExprList *}

cmd ::= select(S).               { p->stmt.kind = ST_SELECT;
                                   p->stmt.select = S; }

/* INTERSECT binds closer than UNION and EXCEPT.  A select in parentheses may
** stand on either side; alone it is an expression or a source. */
%type compound {Select *}
%type term {Select *}
%type plain {Select *}
%type operand {Select *}
%type operands {Select *}
%type all {int}
select(S) ::= compound(C) orderby(O) limit(L). {
  S = snAstTail(p, C, NULL, O, L);
}
select(S) ::= with(W) compound(C) orderby(O) limit(L). {
  S = snAstTail(p, C, W, O, L);
}
compound(S) ::= term(A).         { S = A; }
compound(S) ::= compound(A) UNION all(D) operands(B). {
  S = snAstSet(p, SET_UNION, D, A, B);
}
compound(S) ::= compound(A) EXCEPT all(D) operands(B). {
  S = snAstSet(p, SET_EXCEPT, D, A, B);
}
compound(S) ::= LP select(A) RP UNION all(D) operands(B). {
  S = snAstSet(p, SET_UNION, D, A, B);
}
compound(S) ::= LP select(A) RP EXCEPT all(D) operands(B). {
  S = snAstSet(p, SET_EXCEPT, D, A, B);
}
term(S) ::= plain(A).            { S = A; }
term(S) ::= term(A) INTERSECT all(D) operand(B). {
  S = snAstSet(p, SET_INTERSECT, D, A, B);
}
term(S) ::= LP select(A) RP INTERSECT all(D) operand(B). {
  S = snAstSet(p, SET_INTERSECT, D, A, B);
}
operands(S) ::= operand(A).      { S = A; }
operands(S) ::= operands(A) INTERSECT all(D) operand(B). {
  S = snAstSet(p, SET_INTERSECT, D, A, B);
}
operand(S) ::= plain(A).         { S = A; }
operand(S) ::= LP select(A) RP.  { S = A; }
plain(S) ::= core(A).            { S = A; }
plain(S) ::= values(A).          { S = A; }
plain(S) ::= pivot(A).           { S = A; }
all(D) ::= .                     { D = 0; }
all(D) ::= DISTINCT.             { D = 0; }
all(D) ::= ALL.                  { D = 1; }

with(W) ::= WITH withlist(L).    { W = L; }
with(W) ::= WITH RECURSIVE withlist(L). {
  W = L;
  for (With *w = L; w; w = w->next) w->recursive = true;
}
withlist(L) ::= withone(W).      { L = W; }
withlist(L) ::= withlist(A) COMMA withone(W). {
  L = W;
  if (L) L->next = A;
}
%type withone {With *}
%type once {int}
withone(L) ::= ID(N) namesopt(C) AS once(M) LP select(S) RP. {
  L = snArenaZero(p->arena, sizeof *L);
  if (!L) p->rc = SEINE_NOMEM;
  else {
    L->name = snAstText(p, N); L->select = S; L->cols = C; L->once = (u8)M;
  }
}
once(M) ::= .                    { M = ONCE_AUTO; }
once(M) ::= MATERIALIZED.        { M = ONCE_YES; }
once(M) ::= NOT MATERIALIZED.    { M = ONCE_NO; }

%type rest {Select *}
%type firstfrom {From *}
core(S) ::= SELECT(K) distinct(D) columns(C) from(F) rest(R). {
  S = snAstCore(p, K, D, C, F, R);
}
core(S) ::= firstfrom(F) SELECT(K) distinct(D) columns(C) rest(R). {
  S = snAstCore(p, K, D, C, F, R);
}
core(S) ::= firstfrom(F) rest(R). {
  Token at = {0};
  ExprList *all = snAstList(p, NULL, snAstNew(p, EX_STAR, R ? R->at : 0));
  at.at = R ? R->at : 0;
  S = snAstCore(p, at, NULL, all, F, R);
}
firstfrom(F) ::= FROM joins(J) views(V). { F = snAstFrom(p, J, V); }
rest(S) ::= where(W) groupby(G) having(H) windows(X) qualify(Q)
    usingsample(Y). {
  S = snAstSelect(p, p->last.at);
  if (S) {
    S->where = W; S->having = H; S->windows = X; S->qualify = Q;
    S->sample = Y;
    if (G && G->n == 1 && G->v[0].e->kind == EX_STAR) S->group_all = true;
    else S->group = G;
  }
}

distinct(D) ::= .                { D = NULL; }
distinct(D) ::= DISTINCT(T).     { D = snAstNew(p, EX_ROW, T.at); }
distinct(D) ::= DISTINCT ON(T) LP exprs(L) RP. { D = snAstRow(p, T, L); }
distinct(D) ::= ALL.             { D = NULL; }

columns(L) ::= column(C).        { L = snAstList(p, NULL, C.e);
                                   if (L) L->v[L->n - 1] = C; }
columns(L) ::= columns(A) COMMA column(C). {
  L = snAstList(p, A, C.e);
  if (L && L->n) L->v[L->n - 1] = C;
}
column(C) ::= star(S).           { memset(&C, 0, sizeof C); C.e = S; }
column(C) ::= ID(N) DOT star(S). {
  memset(&C, 0, sizeof C);
  C.e = S;
  if (S) { S->at = N.at; S->text = snAstText(p, N); }
}
%type star {Expr *}
%type starexclude {ExprList *}
%type starnames {ExprList *}
%type starname {Expr *}
%type starreplace {ExprList *}
%type starrename {ExprList *}
%type namings {ExprList *}
%type naming {ExprItem}
star(S) ::= STAR(T) starexclude(X) starreplace(R) starrename(N). {
  S = snAstStar(p, T, X, R, N);
}
starexclude(L) ::= .             { L = NULL; }
starexclude(L) ::= EXCLUDE starname(E). { L = snAstList(p, NULL, E); }
starexclude(L) ::= EXCLUDE LP starnames(A) RP. { L = A; }
starnames(L) ::= starname(E).    { L = snAstList(p, NULL, E); }
starnames(L) ::= starnames(A) COMMA starname(E). { L = snAstList(p, A, E); }
starname(E) ::= ID(N).           { E = snAstName(p, N); }
starname(E) ::= ID(Q) DOT ID(N). {
  E = snAstName(p, N);
  if (E) { E->left = snAstName(p, Q); E->at = Q.at; }
}
starreplace(L) ::= .             { L = NULL; }
starreplace(L) ::= REPLACE LP namings(A) RP. { L = A; }
starrename(L) ::= .              { L = NULL; }
starrename(L) ::= RENAME LP namings(A) RP. { L = A; }
namings(L) ::= naming(A).        { L = snAstArg(p, NULL, A); }
namings(L) ::= namings(B) COMMA naming(A). { L = snAstArg(p, B, A); }
naming(A) ::= expr(E) AS ID(N).  { memset(&A, 0, sizeof A); A.e = E;
                                   A.alias = snAstText(p, N); }
column(C) ::= expr(E) alias(A).  {
  memset(&C, 0, sizeof C);
  C.e = E; C.alias = A;
  if (E) { C.from = E->at; C.to = p->last.at; }
}
alias(A) ::= .                   { A = NULL; }
alias(A) ::= AS ID(N).           { A = snAstText(p, N); }
alias(A) ::= AS STRING(N).       { A = snAstText(p, N); }
alias(A) ::= ID(N).              { A = parseAlias(p, N); }

from(F) ::= .                    { F = NULL; }
from(F) ::= FROM joins(J) views(V). { F = snAstFrom(p, J, V); }
%type views {From *}
%type viewouter {int}
%type viewnames {From}
views(F) ::= .                   { F = NULL; }
views(F) ::= views(A) LATERAL VIEW viewouter(O) ID(N) LP args(L) RP
    viewnames(V). {
  From *v = snAstLateralView(p, N, L, O, V);
  F = A ? snAstFrom(p, A, v) : v;
}
viewouter(O) ::= .               { O = JOIN_INNER; }
viewouter(O) ::= OUTER.          { O = JOIN_LEFT; }
viewnames(V) ::= .               { memset(&V, 0, sizeof V); }
viewnames(V) ::= ID(A).          { memset(&V, 0, sizeof V); V.name = A; }
viewnames(V) ::= AS names(L).    { memset(&V, 0, sizeof V); V.cols = L; }
viewnames(V) ::= ID(A) AS names(L). {
  memset(&V, 0, sizeof V);
  V.name = A; V.cols = L;
}
joins(J) ::= source(S).          { J = S; }
joins(J) ::= joins(A) COMMA source(S). { J = snAstFrom(p, A, S); }
joins(J) ::= joins(A) joinop(K) source(S) joinon(C). {
  if (S) {
    S->join = (u8)(K & JOIN_KIND); S->natural = (K & JOIN_NATURAL) != 0;
    S->asof = (K & JOIN_ASOF) != 0;
    S->on = C.on; S->using_ = C.using_; S->at = C.at;
  }
  J = snAstFrom(p, A, S);
}
%type joinon {From}
joinon(C) ::= . [USING]          { memset(&C, 0, sizeof C); }
joinon(C) ::= ON(T) expr(E).     { memset(&C, 0, sizeof C);
                                   C.on = E; C.at = T.at; }
joinon(C) ::= USING(T) LP names(N) RP. {
  memset(&C, 0, sizeof C);
  C.using_ = N; C.at = T.at;
}
%type joinop {int}
%type joinkind {int}
joinop(K) ::= joinkind(A) JOIN.  { K = A; }
joinop(K) ::= NATURAL joinkind(A) JOIN. { K = A | JOIN_NATURAL; }
joinop(K) ::= ASOF(T) joinkind(A) JOIN. {
  K = A | JOIN_ASOF;
  if (A > JOIN_LEFT)
    snParseError(p, T.at, "there are ASOF JOIN and ASOF LEFT JOIN");
}
joinkind(K) ::= .                { K = JOIN_INNER; }
joinkind(K) ::= INNER.           { K = JOIN_INNER; }
joinkind(K) ::= CROSS.           { K = JOIN_INNER; }
joinkind(K) ::= LEFT outer.      { K = JOIN_LEFT; }
joinkind(K) ::= RIGHT outer.     { K = JOIN_RIGHT; }
joinkind(K) ::= FULL outer.      { K = JOIN_FULL; }
joinkind(K) ::= LEFT SEMIJOIN.   { K = JOIN_SEMI; }
joinkind(K) ::= LEFT ANTI.       { K = JOIN_ANTI; }
joinkind(K) ::= SEMIJOIN.        { K = JOIN_SEMI; }
joinkind(K) ::= ANTI.            { K = JOIN_ANTI; }
outer ::= .
outer ::= OUTER.
source(F) ::= LP joins(J) RP.    { F = snAstNest(p, J); }
source(F) ::= ID(N) alias(A) indexed(I). {
  F = snArenaZero(p->arena, sizeof *F);
  if (!F) p->rc = SEINE_NOMEM;
  else { F->name = N; F->alias = A ? A : snAstText(p, N); F->index = I; }
}
source(F) ::= ID(N) AS ID(A) LP names(L) RP. { F = snAstNamed(p, N, A, L); }
source(F) ::= ID(N) ID(A) LP names(L) RP. { F = snAstNamed(p, N, A, L); }
%type indexed {Token}
indexed(I) ::= .                 { memset(&I, 0, sizeof I); }
indexed(I) ::= INDEXEDBY ID(N).  { I = N; }
indexed(I) ::= NOT ID(W).        { /* an index is never asked for a column */
  memset(&I, 0, sizeof I);
  if (!snAstIs(W, "indexed"))
    snParseError(p, W.at, "syntax error near \"%.*s\"",
        (int)SN_MIN(W.n, 60u), W.p);
}
source(F) ::= LP select(S) RP alias(A). {
  F = snArenaZero(p->arena, sizeof *F);
  if (!F) p->rc = SEINE_NOMEM;
  else { F->select = S; F->alias = A; }
}
source(F) ::= LP select(S) RP AS ID(N) LP names(L) RP. {
  F = snArenaZero(p->arena, sizeof *F);
  if (!F) p->rc = SEINE_NOMEM;
  else { F->select = S; F->alias = snAstText(p, N); F->cols = L; }
}
source(F) ::= LP select(S) RP ID(N) LP names(L) RP. {
  F = snArenaZero(p->arena, sizeof *F);
  if (!F) p->rc = SEINE_NOMEM;
  else { F->select = S; F->alias = snAstText(p, N); F->cols = L; }
}
source(F) ::= STRING(N) alias(A). { F = snAstFile(p, N, A); }
source(F) ::= tablefunc(T) alias(A). { F = T; if (F && A) F->alias = A; }
source(F) ::= tablefunc(T) AS ID(A) LP names(L) RP. {
  F = T;
  if (F) { F->alias = snAstText(p, A); F->cols = L; }
}
source(F) ::= tablefunc(T) ID(A) LP names(L) RP. {
  F = T;
  if (F) { F->alias = snAstText(p, A); F->cols = L; }
}
source(F) ::= LATERAL(T) source(S). { F = snAstLateral(p, T, S); }
%type tablefunc {From *}
%type tablecall {From *}
tablefunc(F) ::= tablecall(C).   { F = C; }
tablefunc(F) ::= tablecall(C) WITH ID(W). { F = snAstOrdinality(p, C, W); }
tablecall(F) ::= ID(N) LP argsopt(L) RP. {
  F = snArenaZero(p->arena, sizeof *F);
  if (!F) p->rc = SEINE_NOMEM;
  else {
    F->name = N; F->alias = snAstText(p, N); F->call = true; F->args = L;
  }
}

/* ---- samples ------------------------------------------------------------ */

%type sample {Sample *}
%type sampleof {Sample *}
%type amount {Sample *}
%type usingsample {Sample *}
%type number {Token}
%type repeatable {Token}
source(F) ::= source(S) TABLESAMPLE sample(X) alias(A). {
  F = snSampleFrom(p, S, X, A);
}
usingsample(X) ::= .             { X = NULL; }
usingsample(X) ::= USINGSAMPLE sample(S). { X = S; }
sample(X) ::= sampleof(S) repeatable(R). { X = snSampleSeed(p, S, R); }
sampleof(X) ::= amount(A).       { X = A; }
sampleof(X) ::= amount(A) LP ID(M) RP. { X = snSampleMethod(p, A, M); }
sampleof(X) ::= LP amount(A) RP. { X = A; }
sampleof(X) ::= ID(M) LP amount(A) RP. { X = snSampleMethod(p, A, M); }
amount(X) ::= number(N).         {
  Token none = {0};
  X = snSampleNew(p, N, none);
}
amount(X) ::= number(N) REM(U).  { X = snSampleNew(p, N, U); }
amount(X) ::= number(N) ROWS(U). { X = snSampleNew(p, N, U); }
amount(X) ::= number(N) PERCENT(U). { X = snSampleNew(p, N, U); }
number(N) ::= INTEGER(T).        { N = T; }
number(N) ::= FLOAT(T).          { N = T; }
repeatable(R) ::= .              { memset(&R, 0, sizeof R); }
repeatable(R) ::= REPEATABLE LP INTEGER(T) RP. { R = T; }

/* ---- PIVOT and UNPIVOT -------------------------------------------------- */

%type pivot {Select *}
%type pivoton {ExprList *}
%type pivotcol {Expr *}
%type pivotvalues {ExprList *}
%type pivotvalue {ExprItem}
%type pivotuse {ExprList *}
%type pivotby {ExprList *}
%type pivotfor {ExprList *}
%type unpivotinto {ExprList *}
%type unpivotnulls {int}
pivot(S) ::= PIVOT(T) source(F) ON pivoton(L) pivotuse(U) pivotby(G). {
  S = snPivotSelect(p, T, F, L, U, G);
}
pivot(S) ::= UNPIVOT(T) source(F) ON names(L) unpivotinto(I). {
  S = snPivotUnpivot(p, T, F, L, I, false);
}
pivot(S) ::= UNPIVOT(T) source(F) ON star(X) unpivotinto(I). {
  S = snPivotUnpivot(p, T, F, snAstList(p, NULL, X), I, false);
}
pivot(S) ::= UNPIVOT(T) source(F) ON ID(C) LP expr(X) RP unpivotinto(I). {
  X = snAstCall(p, C, snAstList(p, NULL, X));
  S = snPivotUnpivot(p, T, F, snAstList(p, NULL, X), I, false);
}
pivot(S) ::= UNPIVOT(T) source(F) ON ID(C) LP star(X) RP unpivotinto(I). {
  X = snAstCallStar(p, C, X);
  S = snPivotUnpivot(p, T, F, snAstList(p, NULL, X), I, false);
}
pivoton(L) ::= pivotcol(E).      { L = snAstList(p, NULL, E); }
pivoton(L) ::= pivoton(A) COMMA pivotcol(E). { L = snAstList(p, A, E); }
pivotcol(E) ::= starname(N).     { E = snAstNode(p, EX_IN, N, NULL); }
pivotcol(E) ::= starname(N) IN LP pivotvalues(V) RP. {
  E = snAstNode(p, EX_IN, N, NULL);
  if (E) E->list = V;
}
pivotvalues(L) ::= pivotvalue(A). {
  L = snAstList(p, NULL, A.e);
  if (L && L->n) L->v[0] = A;
}
pivotvalues(L) ::= pivotvalues(B) COMMA pivotvalue(A). {
  L = snAstList(p, B, A.e);
  if (L && L->n) L->v[L->n - 1] = A;
}
pivotvalue(A) ::= expr(E) alias(N). {
  memset(&A, 0, sizeof A);
  A.e = E; A.alias = N;
  if (E) { A.from = E->at; A.to = p->last.at; }
}
pivotuse(U) ::= .                { U = NULL; }
pivotuse(U) ::= USING columns(L). { U = L; }
pivotby(G) ::= .                 { G = NULL; }
pivotby(G) ::= GROUP BY names(L). { G = L; }
pivotfor(L) ::= starname(N) IN LP pivotvalues(V) RP. {
  Expr *e = snAstNode(p, EX_IN, N, NULL);
  if (e) e->list = V;
  L = snAstList(p, NULL, e);
}
pivotfor(L) ::= pivotfor(A) starname(N) IN LP pivotvalues(V) RP. {
  Expr *e = snAstNode(p, EX_IN, N, NULL);
  if (e) e->list = V;
  L = snAstList(p, A, e);
}
unpivotinto(L) ::= .             { L = NULL; }
unpivotinto(L) ::= INTO ID(A) ID(N) ID(B) ID(V). {
  L = snPivotInto(p, A, N, B, V);
}
unpivotnulls(N) ::= .            { N = 0; }
unpivotnulls(N) ::= ID(W) NULLS. { N = snPivotNulls(p, W); }
source(F) ::= source(S) PIVOT(T) LP columns(U) FOR pivotfor(L) pivotby(G) RP
    alias(A). {
  F = snPivotSource(p, snPivotSelect(p, T, S, L, U, G), A);
}
source(F) ::= source(S) UNPIVOT(T) unpivotnulls(N) LP ID(V) FOR ID(C) IN LP
    pivotvalues(L) RP RP alias(A). {
  F = snPivotSource(p, snPivotUnpivot(p, T, S, L, snAstList(p,
      snAstList(p, NULL, snAstName(p, C)), snAstName(p, V)), N != 0), A);
}

where(E) ::= .                   { E = NULL; }
where(E) ::= WHERE expr(X).      { E = X; }
groupby(G) ::= .                 { G = NULL; }
groupby(G) ::= GROUP BY groups(L). { G = L; }
%type groups {ExprList *}
groups(L) ::= group(E).          { L = snAstList(p, NULL, E); }
groups(L) ::= groups(A) COMMA group(E). { L = snAstList(p, A, E); }
group(E) ::= expr(A).            { E = A; }
group(E) ::= GROUPING(T) SETS LP gsets(L) RP. {
  Token name = {"grouping sets", 13, T.at};
  E = snAstCall(p, name, L);
}
%type gsets {ExprList *}
gsets(L) ::= gset(E).            { L = snAstList(p, NULL, E); }
gsets(L) ::= gsets(A) COMMA gset(E). { L = snAstList(p, A, E); }
gset(E) ::= group(A).            { E = A; }
gset(E) ::= LP(T) RP.            { E = snAstRow(p, T, NULL); }
groupby(G) ::= GROUP BY ALL(T).  {
  G = snAstList(p, NULL, snAstNew(p, EX_STAR, T.at));
}
having(E) ::= .                  { E = NULL; }
having(E) ::= HAVING expr(X).    { E = X; }
qualify(E) ::= .                 { E = NULL; }
qualify(E) ::= QUALIFY expr(X).  { E = X; }
orderby(L) ::= .                 { L = NULL; }
orderby(L) ::= ORDER BY orders(A). { L = A; }
orderby(L) ::= ORDER BY ALL(T) dir(D) nulls(N). {
  L = snAstList(p, NULL, snAstNew(p, EX_STAR, T.at));
  if (L) {
    L->v[0].desc = D != 0;
    L->v[0].nulls_set = N != 0; L->v[0].nulls_last = N == 2;
  }
}
orders(L) ::= order(O).          { L = snAstList(p, NULL, O.e);
                                   if (L) L->v[L->n - 1] = O; }
orders(L) ::= orders(A) COMMA order(O). {
  L = snAstList(p, A, O.e);
  if (L && L->n) L->v[L->n - 1] = O;
}
%type dir {int}
%type nulls {int}
order(O) ::= expr(E) dir(D) nulls(N). {
  memset(&O, 0, sizeof O);
  O.e = E; O.desc = D != 0; O.nulls_set = N != 0; O.nulls_last = N == 2;
}
dir(D) ::= .                     { D = 0; }
dir(D) ::= ASC.                  { D = 0; }
dir(D) ::= DESC.                 { D = 1; }
nulls(N) ::= .                   { N = 0; }
nulls(N) ::= NULLS FIRST.        { N = 1; }
nulls(N) ::= NULLS LAST.         { N = 2; }
limit(L) ::= .                   { L = NULL; }
limit(L) ::= LIMIT most(A).      { L = snAstNode(p, EX_CONCAT, A, NULL); }
limit(L) ::= LIMIT most(A) OFFSET expr(B). {
  L = snAstNode(p, EX_CONCAT, A, B);
}
limit(L) ::= LIMIT expr(A) COMMA expr(B). {
  L = snAstNode(p, EX_CONCAT, B, A);
}
limit(L) ::= OFFSET expr(B) rowword. {
  L = snAstNode(p, EX_CONCAT, NULL, B);
}
limit(L) ::= OFFSET expr(B) rowword fetch(A). {
  L = snAstNode(p, EX_CONCAT, A, B);
}
limit(L) ::= fetch(A).           { L = snAstNode(p, EX_CONCAT, A, NULL); }
most(E) ::= expr(A).             { E = A; }
most(E) ::= expr(A) REM(T).      { E = snAstPercent(p, T, A); }
most(E) ::= expr(A) PERCENT(T).  { E = snAstPercent(p, T, A); }
rowword ::= .
rowword ::= rows.
rows ::= ROW.
rows ::= ROWS.
/* FETCH FIRST, FETCH NEXT: one token. */
fetch(E) ::= FETCH expr(A) rowword ID(W). {
  if (!snAstIs(W, "only"))
    snParseError(p, W.at, "FETCH FIRST n ROWS ends with ONLY");
  E = A;
}
fetch(E) ::= FETCH rows ID(W). { /* one row */
  if (!snAstIs(W, "only"))
    snParseError(p, W.at, "FETCH FIRST n ROWS ends with ONLY");
  E = snAstInt(p, W.at, 1);
}

values(S) ::= VALUES(K) LP exprs(L) RP. {
  S = snAstSelect(p, K.at);
  if (S) snAstValues(p, S, L);
}
values(S) ::= values(A) COMMA LP exprs(L) RP. {
  S = A;
  if (S) snAstValues(p, S, L);
}

/* ---- windows ------------------------------------------------------------ */

windows(W) ::= .                 { W = NULL; }
windows(W) ::= WINDOW windowdefs(D). { W = D; }
windowdefs(W) ::= ID(N) AS LP windowbody(B) RP. {
  W = B;
  if (W) W->def_name = snAstText(p, N);
}
windowdefs(W) ::= windowdefs(A) COMMA ID(N) AS LP windowbody(B) RP. {
  W = B;
  if (W) { W->def_name = snAstText(p, N); W->next = A; }
}
%type base {Token}
base(B) ::= .                    { memset(&B, 0, sizeof B); }
base(B) ::= ID(N).               { B = N; }
partition(E) ::= .               { E = NULL; }
windowbody(W) ::= base(N) partition orderby(O) frame(F). {
  W = snAstWindow(p, F, N, NULL, O);
}
windowbody(W) ::= base(N) PARTITION BY exprs(P) orderby(O) frame(F). {
  W = snAstWindow(p, F, N, P, O);
}
frame(F) ::= .                   { F = NULL; }
frame(F) ::= framemode(M) bound(A) exclude(X). {
  FrameBound row = {FRAME_CURRENT, NULL};
  F = snAstFrame(p, M, A, row, X);
}
frame(F) ::= framemode(M) BETWEEN bound(A) AND bound(B) exclude(X). {
  F = snAstFrame(p, M, A, B, X);
}
framemode(M) ::= ROWS.           { M = FRAME_ROWS; }
framemode(M) ::= RANGE.          { M = FRAME_RANGE; }
framemode(M) ::= GROUPS.         { M = FRAME_GROUPS; }
bound(B) ::= UNBOUNDED PRECEDING. { B.e = NULL;
                                   B.kind = FRAME_UNBOUNDED_PRECEDING; }
bound(B) ::= UNBOUNDED FOLLOWING. { B.e = NULL;
                                   B.kind = FRAME_UNBOUNDED_FOLLOWING; }
bound(B) ::= CURRENT ROW.        { B.e = NULL; B.kind = FRAME_CURRENT; }
bound(B) ::= expr(E) PRECEDING.  { B.e = E; B.kind = FRAME_PRECEDING; }
bound(B) ::= expr(E) FOLLOWING.  { B.e = E; B.kind = FRAME_FOLLOWING; }
%type exclude {int}
exclude(X) ::= .                 { X = EXCLUDE_NONE; }
exclude(X) ::= EXCLUDE NO OTHERS. { X = EXCLUDE_NONE; }
exclude(X) ::= EXCLUDE CURRENT ROW. { X = EXCLUDE_ROW; }
exclude(X) ::= EXCLUDE GROUP.    { X = EXCLUDE_GROUP; }
exclude(X) ::= EXCLUDE TIES.     { X = EXCLUDE_TIES; }

/* ---- expressions -------------------------------------------------------- */

exprs(L) ::= expr(E).            { L = snAstList(p, NULL, E); }
exprs(L) ::= exprs(A) COMMA expr(E). { L = snAstList(p, A, E); }
exprsopt(L) ::= .                { L = NULL; }
exprsopt(L) ::= exprs(A).        { L = A; }
%type arg {ExprItem}
%type args {ExprList *}
%type argsopt {ExprList *}
arg(A) ::= expr(E).              { memset(&A, 0, sizeof A); A.e = E; }
arg(A) ::= expr(X) LAMBDA expr(E). {
  memset(&A, 0, sizeof A);
  A.e = snAstNode(p, EX_LAMBDA, X, E);
}
arg(A) ::= ID(N) ARROW expr(E).  { memset(&A, 0, sizeof A); A.e = E;
                                   A.alias = snAstText(p, N); }
args(L) ::= arg(A).              { L = snAstArg(p, NULL, A); }
args(L) ::= args(B) COMMA arg(A). { L = snAstArg(p, B, A); }
argsopt(L) ::= .                 { L = NULL; }
argsopt(L) ::= args(A).          { L = A; }
names(L) ::= ID(N).              { L = snAstList(p, NULL, snAstName(p, N)); }
names(L) ::= names(A) COMMA ID(N). { L = snAstList(p, A, snAstName(p, N)); }
namesopt(L) ::= .                { L = NULL; }
namesopt(L) ::= LP names(A) RP.  { L = A; }

expr(E) ::= LP expr(A) RP.       { E = A; }
expr(E) ::= LP(T) expr(A) COMMA exprs(L) RP. {
  ExprList *all = snAstList(p, NULL, A);
  for (u32 k = 0; L && k < L->n; k++) all = snAstList(p, all, L->v[k].e);
  E = snAstRow(p, T, all);
}
expr(E) ::= LP(T) select(S) RP.  {
  E = snAstSub(p, T, SUB_SCALAR, NULL, S);
}
expr(E) ::= EXISTS(T) LP select(S) RP. {
  E = snAstSub(p, T, SUB_EXISTS, NULL, S);
}
expr(E) ::= NULL(T).             { E = snAstNew(p, EX_NULL, T.at); }
expr(E) ::= TRUE(T).             { E = snAstNew(p, EX_BOOL, T.at);
                                   if (E) E->i = 1; }
expr(E) ::= FALSE(T).            { E = snAstNew(p, EX_BOOL, T.at); }
expr(E) ::= INTEGER(T).          { E = snAstNumber(p, T); }
expr(E) ::= FLOAT(T).            { E = snAstNumber(p, T); }
expr(E) ::= STRING(T).           { E = snAstString(p, T); }
expr(E) ::= BLOB(T).             { E = snAstBlob(p, T); }
expr(E) ::= PARAM(T).            { E = snAstParam(p, T); }
expr(E) ::= ID(N).               { E = snAstName(p, N); }
expr(E) ::= ID(Q) DOT ID(N).     {
  E = snAstName(p, N);
  if (E) { E->left = snAstName(p, Q); E->at = Q.at; }
}
expr(E) ::= ID(T) STRING(S).     { E = snAstTyped(p, T, S); }
expr(E) ::= INTERVAL(T) STRING(S). { E = snAstTyped(p, T, S); }
expr(E) ::= INTERVAL(T) INTEGER(N) ID(U). {
  E = snAstTyped(p, T, snAstCount(p, N, U));
}
expr(E) ::= INTERVALOF(T) STRING(N) ID(U). {
  E = snAstTyped(p, T, snAstJoined(p, snAstText(p, N), U, N.at));
}
expr(E) ::= INTERVAL(T) LP expr(N) RP ID(U). {
  Expr *one = snAstTyped(p, T, snAstJoined(p, "1", U, U.at));
  E = snAstOp(p, EX_ARITH, AR_MUL, one, N);
}
expr(E) ::= CAST(T) LP expr(A) AS typelong(N) RP. {
  E = snAstCast(p, A, N);
  if (E) E->at = T.at;
}
expr(E) ::= expr(A) COLONCOLON typename(N). { E = snAstCast(p, A, N); }
expr(E) ::= LB(T) exprsopt(L) RB. {
  Token make = {"make_array", 10, T.at};
  E = snAstCall(p, make, L);
}
expr(E) ::= ARRAY LB(T) exprsopt(L) RB. {
  Token make = {"make_array", 10, T.at};
  E = snAstCall(p, make, L);
}
expr(E) ::= expr(A) LB(T) expr(I) RB. {
  Token get = {"element_at", 10, T.at};
  E = snAstCall(p, get, snAstPair(p, A, I));
  if (E && A) E->at = A->at;
}

expr(E) ::= expr(A) LB sliceend(I) COLON(T) sliceend(J) RB. {
  E = parseSlice(p, T, A, I, J);
}
sliceend(E) ::= .                { E = NULL; }
sliceend(E) ::= expr(A).         { E = A; }

%type call {Expr *}
expr(E) ::= call(C).             { E = C; }
expr(E) ::= call(C) OVER ID(N). {
  E = C;
  if (E) {
    E->over = snArenaZero(p->arena, sizeof *E->over);
    if (!E->over) p->rc = SEINE_NOMEM;
    else { E->over->name = snAstText(p, N); E->over->at = N.at; }
  }
}
expr(E) ::= call(C) OVER LP windowbody(W) RP. {
  E = C;
  if (E) E->over = W;
}
call(E) ::= plaincall(C) filter(F) fromend(D) nullopt(N). {
  E = N < 0 ? C : parseNulls(C, N);
  if (E) E->filter = F;
  if (E) E->from_last = D != 0;
}
filter(F) ::= .                  { F = NULL; }
filter(F) ::= FILTER LP WHERE expr(E) RP. { F = E; }
filter(F) ::= FILTER LP expr(E) RP. { F = E; }
%type fromend {int}
fromend(D) ::= .                 { D = 0; }
fromend(D) ::= FROMFIRST.        { D = 0; }
fromend(D) ::= FROMLAST.         { D = 1; }
%type nullopt {int}
nullopt(N) ::= .                 { N = -1; }
nullopt(N) ::= IGNORENULLS.      { N = 1; }
nullopt(N) ::= RESPECTNULLS.     { N = 0; }
plaincall(E) ::= ID(N) LP argsopt(L) RP WITHIN GROUP LP ORDER BY orders(O) RP. {
  E = snAstWithin(p, N, L, O);
}
plaincall(E) ::= ID(N) LP args(L) ORDER BY orders(O) aggtop(T) RP. {
  E = snAstOrdered(p, snAstCall(p, N, L), O, T);
}
plaincall(E) ::= ID(N) LP DISTINCT exprs(L) ORDER BY orders(O) aggtop(T) RP. {
  E = snAstOrdered(p, snAstCall(p, N, L), O, T);
  if (E) E->distinct = true;
}
aggtop(E) ::= .                  { E = NULL; }
aggtop(E) ::= LIMIT INTEGER(T).  { E = snAstNumber(p, T); }
plaincall(E) ::= ID(N) LP argsopt(L) RP. { E = snAstCall(p, N, L); }
plaincall(E) ::= ID(N) LP args(L) IGNOREIN RP. {
  E = parseNulls(snAstCall(p, N, L), 1);
}
plaincall(E) ::= ID(N) LP args(L) RESPECTIN RP. {
  E = parseNulls(snAstCall(p, N, L), 0);
}
plaincall(E) ::= EXISTS(N) LP expr(A) COMMA arg(B) RP. {
  E = snAstCall(p, N, snAstArg(p, snAstList(p, NULL, A), B));
}
plaincall(E) ::= LEFT(N) LP exprs(L) RP. { E = snAstCall(p, N, L); }
plaincall(E) ::= RIGHT(N) LP exprs(L) RP. { E = snAstCall(p, N, L); }
plaincall(E) ::= ID(N) LP DISTINCT exprs(L) RP. {
  E = snAstCall(p, N, L);
  if (E) E->distinct = true;
}
plaincall(E) ::= ID(N) LP ALL exprs(L) RP. { E = snAstCall(p, N, L); }
plaincall(E) ::= ID(N) LP star(S) RP. { E = snAstCallStar(p, N, S); }
plaincall(E) ::= ID(N) LP expr(A) FROM expr(B) RP. {
  bool trim = snAstIs(N, "trim"); /* the characters, then the text */
  if (!trim && A && A->kind == EX_NAME && !A->left) A->kind = EX_STR;
  E = snAstCall(p, N, trim ? snAstPair(p, B, A) : snAstPair(p, A, B));
}
plaincall(E) ::= ID(N) LP expr(A) FOR expr(B) RP. {
  E = snAstCall(p, N, snAstList(p, snAstPair(p, A, snAstInt(p, N.at, 1)), B));
}
plaincall(E) ::= ID(N) LP expr(A) POSITIONIN expr(B) RP. {
  Token find = {"strpos", 6, N.at};
  E = snAstCall(p, find, snAstPair(p, B, A));
}
plaincall(E) ::= ID(N) LP expr(A) ID(W) expr(B) FROM expr(C) overlayfor(D) RP. {
  ExprList *l = snAstList(p, snAstPair(p, A, B), C);
  if (!snAstIs(W, "placing") || !snAstIs(N, "overlay"))
    snParseError(p, W.at, "syntax error near \"%.*s\"",
        (int)SN_MIN(W.n, 60u), W.p);
  E = snAstCall(p, N, D ? snAstList(p, l, D) : l);
}
overlayfor(E) ::= .              { E = NULL; }
overlayfor(E) ::= FOR expr(A).   { E = A; }
plaincall(E) ::= ID(N) LP expr(A) FROM expr(B) FOR expr(C) RP. {
  E = snAstCall(p, N, snAstList(p, snAstPair(p, A, B), C));
}

expr(E) ::= expr(A) AND expr(B). { E = snAstNode(p, EX_AND, A, B); }
expr(E) ::= expr(A) OR expr(B).  { E = snAstNode(p, EX_OR, A, B); }
expr(E) ::= NOT(T) expr(A).      { E = snAstNode(p, EX_NOT, A, NULL);
                                   if (E) E->at = T.at; }
expr(E) ::= expr(A) EQ expr(B).  { E = snAstOp(p, EX_COMPARE, CMP_EQ, A, B); }
expr(E) ::= expr(A) NE expr(B).  { E = snAstOp(p, EX_COMPARE, CMP_NE, A, B); }
expr(E) ::= expr(A) LT expr(B).  { E = snAstOp(p, EX_COMPARE, CMP_LT, A, B); }
expr(E) ::= expr(A) LE expr(B).  { E = snAstOp(p, EX_COMPARE, CMP_LE, A, B); }
expr(E) ::= expr(A) GT expr(B).  { E = snAstOp(p, EX_COMPARE, CMP_GT, A, B); }
expr(E) ::= expr(A) GE expr(B).  { E = snAstOp(p, EX_COMPARE, CMP_GE, A, B); }
expr(E) ::= expr(A) PLUS expr(B). { E = snAstOp(p, EX_ARITH, AR_ADD, A, B); }
expr(E) ::= expr(A) MINUS expr(B). { E = snAstOp(p, EX_ARITH, AR_SUB, A, B); }
expr(E) ::= expr(A) STAR expr(B). { E = snAstOp(p, EX_ARITH, AR_MUL, A, B); }
expr(E) ::= expr(A) SLASH expr(B). { E = snAstOp(p, EX_ARITH, AR_DIV, A, B); }
expr(E) ::= expr(A) IDIV expr(B). {
  Token t = {"BIGINT", 6, A ? A->at : 0};
  E = snAstOp(p, EX_ARITH, AR_DIV, snAstCast(p, A, t), snAstCast(p, B, t));
}
expr(E) ::= expr(A) REM expr(B). { E = snAstOp(p, EX_ARITH, AR_MOD, A, B); }
expr(E) ::= expr(A) BITAND expr(B). {
  E = snAstOp(p, EX_ARITH, AR_BAND, A, B);
}
expr(E) ::= expr(A) BITOR expr(B). { E = snAstOp(p, EX_ARITH, AR_BOR, A, B); }
expr(E) ::= expr(A) LSHIFT expr(B). {
  E = snAstOp(p, EX_ARITH, AR_SHL, A, B);
}
expr(E) ::= expr(A) RSHIFT expr(B). {
  E = snAstOp(p, EX_ARITH, AR_SHR, A, B);
}
expr(E) ::= BITNOT(T) expr(A).   { /* ~x = -1 - x */
  Token t = {"BIGINT", 6, T.at};
  E = snAstOp(p, EX_ARITH, AR_SUB, snAstInt(p, T.at, -1), snAstCast(p, A, t));
}
expr(E) ::= expr(A) COLLATE ID(N). { E = snAstCollation(p, A, N); }
expr(E) ::= expr(A) CONCAT expr(B). { E = snAstNode(p, EX_CONCAT, A, B); }
expr(E) ::= expr(A) JSONGET expr(B). { E = parsePart(p, "json_get", A, B); }
expr(E) ::= expr(A) JSONTEXT expr(B). {
  E = parsePart(p, "json_get_text", A, B);
}
expr(E) ::= MINUS(T) expr(A). [UMINUS] {
  E = snAstNode(p, EX_NEG, A, NULL);
  if (E) E->at = T.at;
}
expr(E) ::= PLUS expr(A). [UMINUS] { E = A; }
expr(E) ::= expr(A) ISNULL.      { E = snAstNode(p, EX_ISNULL, A, NULL); }
expr(E) ::= expr(A) NOTNULL.     { E = snAstNotNull(p, A); }
expr(E) ::= expr(A) NOT NULL.    { E = snAstNotNull(p, A); }
expr(E) ::= expr(A) IS expr(B).  {
  E = snAstNode(p, B && B->kind == EX_NULL ? EX_ISNULL : EX_IS, A,
      B && B->kind == EX_NULL ? NULL : B);
}
expr(E) ::= expr(A) IS NOT expr(B). [IS] {
  E = snAstNode(p, B && B->kind == EX_NULL ? EX_ISNULL : EX_IS, A,
      B && B->kind == EX_NULL ? NULL : B);
  if (E) E->negate = true;
}
expr(E) ::= expr(A) IS NOT DISTINCT FROM expr(B). [IS] {
  E = snAstNode(p, EX_IS, A, B);
}
expr(E) ::= expr(A) IS DISTINCT FROM expr(B). [IS] {
  E = snAstNode(p, EX_IS, A, B);
  if (E) E->negate = true;
}
expr(E) ::= expr(A) IS(T) UNKNOWN. { E = parseUnknown(p, T, A, false); }
expr(E) ::= expr(A) IS(T) NOT UNKNOWN. [IS] {
  E = parseUnknown(p, T, A, true);
}
%type like {int}
%type similar {int}
%type glob {int}
%type regexp {int}
%type match {int}
%type between {int}
%type in {int}
like(N) ::= LIKE.                { N = 0; }
like(N) ::= NOT LIKE.            { N = 1; }
similar(N) ::= SIMILARTO.        { N = 0; }
similar(N) ::= NOT SIMILARTO.    { N = 1; }
glob(N) ::= GLOB.                { N = 0; }
glob(N) ::= NOT GLOB.            { N = 1; }
regexp(N) ::= REGEXP.            { N = 0; }
regexp(N) ::= NOT REGEXP.        { N = 1; }
match(N) ::= MATCH.              { N = 0; }
match(N) ::= NOT MATCH.          { N = 1; }
between(N) ::= BETWEEN.          { N = 0; }
between(N) ::= NOT BETWEEN.      { N = 1; }
in(N) ::= IN.                    { N = 0; }
in(N) ::= NOT IN.                { N = 1; }
expr(E) ::= expr(A) like(N) expr(B). [LIKE] {
  E = snAstOp(p, EX_LIKE, 0, A, B);
  if (E) E->negate = N != 0;
}
expr(E) ::= expr(A) like(N) expr(B) ESCAPE expr(C). [LIKE] {
  E = parseLike(p, "like", A, B, C, N != 0);
}
expr(E) ::= expr(A) similar(N) expr(B). [SIMILARTO] {
  E = parseLike(p, "similar", A, B, NULL, N != 0);
}
expr(E) ::= expr(A) similar(N) expr(B) ESCAPE expr(C). [SIMILARTO] {
  E = parseLike(p, "similar", A, B, C, N != 0);
}
expr(E) ::= expr(A) glob(N) expr(B). [GLOB] {
  E = snAstOp(p, EX_LIKE, 1, A, B);
  if (E) E->negate = N != 0;
}
expr(E) ::= expr(A) regexp(N) expr(B). [REGEXP] {
  E = snAstOp(p, EX_LIKE, 2, A, B);
  if (E) E->negate = N != 0;
}
expr(E) ::= expr(A) match(N) expr(B). [MATCH] {
  E = snAstNode(p, EX_MATCH, A, B);
  if (N) E = snAstNode(p, EX_NOT, E, NULL);
}
expr(E) ::= expr(A) between(N) expr(B) AND expr(C). [BETWEEN] {
  E = snAstNode(p, EX_BETWEEN, A, B);
  if (E) { E->third = C; E->negate = N != 0; }
}
expr(E) ::= expr(A) in(N) LP exprsopt(L) RP. [IN] {
  E = snAstNode(p, EX_IN, A, NULL);
  if (E) { E->list = L; E->negate = N != 0; }
}
expr(E) ::= expr(A) in(N) LP(T) select(S) RP. [IN] {
  E = snAstSub(p, T, SUB_IN, A, S);
  if (E) E->negate = N != 0;
}
expr(E) ::= expr(A) in(N) ID(T). [IN] {
  E = snAstSub(p, T, SUB_IN, A, snAstAll(p, T));
  if (E) E->negate = N != 0;
}
%type some {int}
some(N) ::= ANY.                 { N = SUB_ANY; }
some(N) ::= SOME.                { N = SUB_ANY; }
some(N) ::= ALL.                 { N = SUB_ALL; }
expr(E) ::= expr(A) EQ some(N) LP(T) select(S) RP. [EQ] {
  E = snAstSome(p, T, N, CMP_EQ, A, S);
}
expr(E) ::= expr(A) EQ some(N) LP(T) expr(B) RP. [EQ] { /* of an array */
  Token has = {"array_contains", 14, T.at};
  if (N == SUB_ALL)
    snParseError(p, T.at, "ALL compares with the rows of a select");
  E = snAstCall(p, has, snAstPair(p, B, A));
}
expr(E) ::= expr(A) NE some(N) LP(T) select(S) RP. [NE] {
  E = snAstSome(p, T, N, CMP_NE, A, S);
}
expr(E) ::= expr(A) LT some(N) LP(T) select(S) RP. [LT] {
  E = snAstSome(p, T, N, CMP_LT, A, S);
}
expr(E) ::= expr(A) LE some(N) LP(T) select(S) RP. [LE] {
  E = snAstSome(p, T, N, CMP_LE, A, S);
}
expr(E) ::= expr(A) GT some(N) LP(T) select(S) RP. [GT] {
  E = snAstSome(p, T, N, CMP_GT, A, S);
}
expr(E) ::= expr(A) GE some(N) LP(T) select(S) RP. [GE] {
  E = snAstSome(p, T, N, CMP_GE, A, S);
}
%type whens {ExprList *}
expr(E) ::= CASE(T) caseof(A) whens(L) caseelse(B) END. {
  E = snAstNode(p, EX_CASE, A, B);
  if (E) { E->list = L; E->at = T.at; }
}
caseof(E) ::= .                  { E = NULL; }
caseof(E) ::= expr(A).           { E = A; }
whens(L) ::= WHEN expr(A) THEN expr(B). {
  L = snAstPair(p, A, B);
}
whens(L) ::= whens(X) WHEN expr(A) THEN expr(B). {
  L = snAstList(p, snAstList(p, X, A), B);
}
caseelse(E) ::= .                { E = NULL; }
caseelse(E) ::= ELSE expr(A).    { E = A; }

%type typename {Token}
%type typelong {Token}
typelong(T) ::= typename(A).     { T = A; }
typelong(T) ::= ID(A) PRECISION(B). { T = snAstSpan(p, A, B); }
typelong(T) ::= ID(A) VARYING(B). { T = snAstSpan(p, A, B); }
%type typeword {Token}
typename(T) ::= typeword(A).     { T = A; }
typename(T) ::= typename(A) LB RB(B). { T = snAstSpan(p, A, B); }
typeword(T) ::= ID(A).           { T = A; }
typeword(T) ::= ID(A) LP INTEGER RP(B). { T = snAstSpan(p, A, B); }
typeword(T) ::= ID(A) LP INTEGER COMMA INTEGER RP(B). {
  T = snAstSpan(p, A, B);
}

/* ---- what there is ------------------------------------------------------ */

describe ::= DESCRIBE.
describe ::= DESC.
cmd ::= describe ID(N).          { p->stmt.kind = ST_DESCRIBE;
                                   p->stmt.name = N; }
cmd ::= describe TABLE ID(N).    { p->stmt.kind = ST_DESCRIBE;
                                   p->stmt.name = N; }
cmd ::= describe select(S).      { p->stmt.kind = ST_DESCRIBE;
                                   p->stmt.select = S; }
cmd ::= SUMMARIZE ID(N).         { p->stmt.kind = ST_SUMMARIZE;
                                   p->stmt.name = N; }
cmd ::= SUMMARIZE select(S).     { p->stmt.kind = ST_SUMMARIZE;
                                   p->stmt.select = S; }
cmd ::= SHOW ID(W).              { snAstShow(p, W, NULL); }
cmd ::= SHOW ID(W) LIKE STRING(T). { snAstShow(p, W, snAstString(p, T)); }
cmd ::= SHOW ID(W) showof ID(N). { snAstShow(p, W, NULL);
                                   p->stmt.name = N; }
cmd ::= SHOW CREATE showwhat ID(N). {
  Token schema = {"schema", 6, N.at};
  p->stmt.kind = ST_PRAGMA; p->stmt.name = schema; p->stmt.show = N;
  p->stmt.value = snAstName(p, N);
}
showof ::= FROM.
showof ::= IN.
showwhat ::= TABLE.
showwhat ::= VIEW.

/* ---- rows --------------------------------------------------------------- */

%type onconflict {int}
onconflict(O) ::= .              { O = ON_ABORT; }
onconflict(O) ::= OR ID(N).      { O = snAstOnConflict(p, N); }
%type insert {int}
insert(O) ::= INSERT onconflict(C) INTO. { O = C; }
insert(O) ::= REPLACE INTO.      { O = ON_REPLACE; }
cmd ::= insert(O) ID(N) insertalias(A) select(S) upsert returning. {
  p->stmt.kind = ST_INSERT; p->stmt.name = N;
  p->stmt.select = S; p->stmt.on = (u8)O; p->stmt.alias = A;
}
cmd ::= insert(O) ID(N) insertalias(A) LP names(C) RP select(S) upsert
    returning. {
  p->stmt.kind = ST_INSERT; p->stmt.name = N; p->stmt.cols = C;
  p->stmt.select = S; p->stmt.on = (u8)O; p->stmt.alias = A;
}
cmd ::= insert(O) ID(N) insertalias(A) BY ID(W) select(S) upsert returning. {
  p->stmt.kind = ST_INSERT; p->stmt.name = N;
  p->stmt.select = S; p->stmt.on = (u8)O; p->stmt.alias = A;
  p->stmt.by_name = snAstIs(W, "name");
  if (!p->stmt.by_name && !snAstIs(W, "position"))
    snParseError(p, W.at, "INSERT goes BY NAME or BY POSITION");
}
cmd ::= insert(O) ID(N) insertalias(A) DEFAULT VALUES returning. {
  ExprList *none = snArenaZero(p->arena, sizeof *none); /* a row of nothing */
  Select *row = snAstSelect(p, N.at);
  if (!none) p->rc = SEINE_NOMEM;
  else if (row) snAstValues(p, row, none);
  p->stmt.kind = ST_INSERT; p->stmt.name = N; p->stmt.cols = none;
  p->stmt.select = row; p->stmt.on = (u8)O; p->stmt.alias = A;
}
cmd ::= COPY ID(N) FROM STRING(F) copyopts(L). { snAstCopyFrom(p, N, F, L); }
cmd ::= COPY ID(N) TO STRING(F) copyopts(L). {
  snAstCopyTo(p, snAstAll(p, N), NULL, F, L);
}
cmd ::= COPY ID(N) LP names(C) RP TO STRING(F) copyopts(L). {
  snAstCopyTo(p, snAstAll(p, N), C, F, L);
}
cmd ::= COPY LP select(S) RP TO STRING(F) copyopts(L). {
  snAstCopyTo(p, S, NULL, F, L);
}
%type copyopts {ExprList *}
%type copylist {ExprList *}
%type copyopt {ExprItem}
copyopts(L) ::= .                { L = NULL; }
copyopts(L) ::= LP copylist(A) RP. { L = A; }
copylist(L) ::= copyopt(A).      { L = snAstArg(p, NULL, A); }
copylist(L) ::= copylist(B) COMMA copyopt(A). { L = snAstArg(p, B, A); }
copyopt(A) ::= ID(N).            {
  memset(&A, 0, sizeof A);
  A.alias = snAstText(p, N);
  A.e = snAstNew(p, EX_BOOL, N.at);
  if (A.e) A.e->i = 1;
}
copyopt(A) ::= ID(N) pragmavalue(V). {
  memset(&A, 0, sizeof A);
  A.alias = snAstText(p, N);
  A.e = V;
}
copyopt(A) ::= NULL STRING(T).   {
  memset(&A, 0, sizeof A);
  A.alias = "null";
  A.e = snAstString(p, T);
}
copyopt(A) ::= ID(N) TRUE(T).    {
  memset(&A, 0, sizeof A);
  A.alias = snAstText(p, N);
  A.e = snAstNew(p, EX_BOOL, T.at);
  if (A.e) A.e->i = 1;
}
copyopt(A) ::= ID(N) FALSE(T).   {
  memset(&A, 0, sizeof A);
  A.alias = snAstText(p, N);
  A.e = snAstNew(p, EX_BOOL, T.at);
}
%type insertalias {const char *}
insertalias(A) ::= .             { A = NULL; }
insertalias(A) ::= AS ID(N).     { A = snAstText(p, N); }
%type target {ExprList *}
upsert ::= .
upsert ::= upsert ON CONFLICT(T) target(K) DO NOTHING. {
  snAstUpsert(p, T, K, NULL, NULL);
}
upsert ::= upsert ON CONFLICT(T) target(K) DO UPDATE SET sets(L) where(W). {
  snAstUpsert(p, T, K, L, W);
}
target(K) ::= .                  { K = NULL; }
target(K) ::= LP keycols(L) RP.  { K = L; }
target(K) ::= LP keycols(L) RP WHERE(T) expr. {
  K = L;
  snParseError(p, T.at, "no unique index has a WHERE here: name the columns "
      "of the key alone");
}
returning ::= .
returning ::= RETURNING columns(L). { p->stmt.returning = L; }
%type sets {ExprList *}
%type set {ExprList *}
cmd ::= UPDATE onconflict(O) ID(N) alias(A) indexed(I) SET sets(L) from(F)
    where(W) returning orderby(B) limit(M). {
  p->stmt.index = I;
  p->stmt.kind = ST_UPDATE; p->stmt.name = N; p->stmt.cols = L;
  p->stmt.where = W; p->stmt.alias = A; p->stmt.on = (u8)O;
  p->stmt.from = F;
  snAstFirst(p, B, M);
}
sets(L) ::= set(A).              { L = A; }
sets(L) ::= sets(A) COMMA set(B). { L = snAstSets(p, A, B); }
set(L) ::= ID(N) EQ expr(E).     {
  L = snAstList(p, NULL, E);
  if (L) { L->v[L->n - 1].alias = snAstText(p, N);
           L->v[L->n - 1].from = N.at; }
}
set(L) ::= LP(T) names(N) RP EQ LP exprs(V) RP. {
  L = snAstSetRow(p, T, N, V);
}
cmd ::= DELETE FROM ID(N) alias(A) indexed(I) using(F) where(W) returning
    orderby(B) limit(M). {
  p->stmt.index = I;
  p->stmt.kind = ST_DELETE; p->stmt.name = N; p->stmt.where = W;
  p->stmt.alias = A; p->stmt.from = F;
  snAstFirst(p, B, M);
}
set(L) ::= LP(T) names(N) RP EQ LP select(S) RP. {
  L = snAstSetSelect(p, T, N, S);
}
cmd ::= TRUNCATE tableword ID(N). {
  p->stmt.kind = ST_DELETE; p->stmt.name = N;
}
tableword ::= .
tableword ::= TABLE.
%type using {From *}
using(F) ::= .                   { F = NULL; }
using(F) ::= USING joins(J).     { F = J; }

/* ---- tables ------------------------------------------------------------- */

%type ifexists {int}
%type ifnotexists {int}
ifexists(L) ::= .                { L = 0; }
ifexists(L) ::= IF EXISTS.       { L = 1; }
ifnotexists(L) ::= .             { L = 0; }
ifnotexists(L) ::= IF NOT EXISTS. { L = 1; }
cmd ::= CREATE TABLE ifnotexists(L) ID(N) LP coldefs RP tableopts. {
  p->stmt.kind = ST_DDL; p->stmt.ddl.kind = DDL_CREATE;
  p->stmt.ddl.lenient = L != 0; p->stmt.ddl.name = snAstText(p, N);
}
cmd ::= CREATE OR REPLACE TABLE ID(N) LP coldefs RP tableopts. {
  p->stmt.kind = ST_DDL; p->stmt.ddl.kind = DDL_CREATE;
  p->stmt.ddl.replace = true; p->stmt.ddl.name = snAstText(p, N);
}
cmd ::= CREATE OR REPLACE TABLE ID(N) AS select(S). {
  p->stmt.kind = ST_DDL; p->stmt.ddl.kind = DDL_CREATE;
  p->stmt.ddl.replace = true; p->stmt.ddl.name = snAstText(p, N);
  p->stmt.name = N; p->stmt.select = S;
}
cmd ::= CREATE TABLE ifnotexists(L) ID(N) AS select(S). {
  p->stmt.kind = ST_DDL; p->stmt.ddl.kind = DDL_CREATE;
  p->stmt.ddl.lenient = L != 0; p->stmt.ddl.name = snAstText(p, N);
  p->stmt.name = N; p->stmt.select = S;
}
coldefs ::= coldef.
coldefs ::= coldefs COMMA coldef.
coldefs ::= coldefs COMMA tableconstraint.
tableopts ::= .
tableopts ::= WITHOUT(T) ID(N).  { /* every table has a rowid: no effect */
  if (!snAstIs(N, "rowid"))
    snParseError(p, T.at, "syntax error near \"%.*s\"",
        (int)SN_MIN(N.n, 60u), N.p);
}
tableconstraint ::= tablekey.
tableconstraint ::= conname tablekey.
conname ::= CONSTRAINT ID(N).    { p->stmt.constraint = snAstText(p, N); }
tablekey ::= PRIMARY(T) KEY LP keycols(L) RP. {
  snAstKey(p, KEY_PRIMARY, T, L, false);
}
tablekey ::= UNIQUE(T) LP keycols(L) RP. {
  snAstKey(p, KEY_UNIQUE, T, L, false);
}
tablekey ::= CHECK LP(A) expr RP(B). { snAstCheck(p, A, B); }
tablekey ::= foreignkey LP.
foreignkey ::= FOREIGN(T) KEY.   { parseForeignError(p, T); }
%type keycols {ExprList *}
%type keycol {Expr *}
keycols(L) ::= keycol(E).        { L = snAstList(p, NULL, E); }
keycols(L) ::= keycols(A) COMMA keycol(E). { L = snAstList(p, A, E); }
keycol(E) ::= ID(N) collate dir. { E = snAstName(p, N); }
collate ::= .
collate ::= COLLATE ID(N).       { snAstKeyCollate(p, N); }
coldef ::= colhead constraints.
colhead ::= ID(N) typelong(T).   { snAstNewName(p, N); snAstColumn(p, N, T); }
constraints ::= .
constraints ::= constraints constraint.
constraint ::= NOT NULL.         {
  if (p->stmt.ddl.ncol)
    p->stmt.ddl.col[p->stmt.ddl.ncol - 1].not_null = true;
}
constraint ::= NULL.
constraint ::= ANALYZER analyzer(R). { snAstColumnAnalyzer(p, R, false); }
constraint ::= SEARCH ANALYZER analyzer(R). {
  snAstColumnAnalyzer(p, R, true);
}
%type analyzer {AnalyzerRef *}
analyzer(R) ::= ID(N).           { R = snAstAnalyzer(p, N, NULL); }
analyzer(R) ::= STRING(N).       { R = snAstAnalyzer(p, N, NULL); }
analyzer(R) ::= LP(T) chain(L) RP. { R = snAstAnalyzer(p, T, L); }
%type chain {ExprList *}
%type partargs {ExprList *}
%type partname {Token}
chain(L) ::= part(E).            { L = snAstList(p, NULL, E); }
chain(L) ::= chain(A) COMMA part(E). { L = snAstList(p, A, E); }
part(E) ::= partname(N).         { E = snAstCall(p, N, NULL); }
part(E) ::= partname(N) LP RP.   { E = snAstCall(p, N, NULL); }
part(E) ::= partname(N) LP partargs(L) RP. { E = snAstCall(p, N, L); }
partname(N) ::= ID(T).           { N = T; }
partname(N) ::= UNIQUE(T).       { N = T; }
partname(N) ::= LIMIT(T).        { N = T; }
partargs(L) ::= partarg(E).      { L = snAstList(p, NULL, E); }
partargs(L) ::= partargs(A) COMMA partarg(E). { L = snAstList(p, A, E); }
partarg(E) ::= STRING(T).        { E = snAstString(p, T); }
partarg(E) ::= INTEGER(T).       { E = snAstNumber(p, T); }
constraint ::= DEFAULT(T) defvalue(V). { snAstDefault(p, T, V); }
constraint ::= generated LP(A) expr RP(B) storage. {
  snAstGenerated(p, A, B);
}
generated ::= AS.
generated ::= GENERATED AS.
storage ::= .
storage ::= ID(W).               { /* what is computed is always stored */
  if (!snAstIs(W, "stored") && !snAstIs(W, "virtual"))
    snParseError(p, W.at, "syntax error near \"%.*s\"",
        (int)SN_MIN(W.n, 60u), W.p);
}
constraint ::= conname.
%type autoincrement {int}
autoincrement(A) ::= .           { A = 0; }
autoincrement(A) ::= AUTOINCREMENT. { A = 1; }
constraint ::= PRIMARY(T) KEY dir autoincrement(A). {
  snAstKey(p, KEY_PRIMARY, T, NULL, A != 0);
}
constraint ::= UNIQUE(T).        { snAstKey(p, KEY_UNIQUE, T, NULL, false); }
constraint ::= CHECK LP(A) expr RP(B). { snAstCheck(p, A, B); }
constraint ::= references ID.
references ::= REFERENCES(T).    { parseForeignError(p, T); }
constraint ::= COLLATE ID(N).    { snAstCollate(p, N); }
%type defvalue {Token}
defvalue(V) ::= STRING(T).       { V = T; }
defvalue(V) ::= INTEGER(T).      { V = T; }
defvalue(V) ::= FLOAT(T).        { V = T; }
defvalue(V) ::= TRUE(T).         { V = T; }
defvalue(V) ::= FALSE(T).        { V = T; }
defvalue(V) ::= NULL(T).         { V = T; }
defvalue(V) ::= BLOB(T).         { V = T; }
defvalue(V) ::= ID(T).           { V = T; }
defvalue(V) ::= MINUS(A) INTEGER(B). { V = snAstSpan(p, A, B); }
defvalue(V) ::= MINUS(A) FLOAT(B). { V = snAstSpan(p, A, B); }
defvalue(V) ::= LP(A) expr RP(B). { V = snAstSpan(p, A, B); }

cmd ::= DROP TABLE ifexists(L) ID(N). {
  p->stmt.kind = ST_DDL; p->stmt.ddl.kind = DDL_DROP;
  p->stmt.ddl.lenient = L != 0; p->stmt.ddl.name = snAstText(p, N);
}
%type unique {int}
unique(U) ::= .                  { U = 0; }
unique(U) ::= UNIQUE.            { U = 1; }
cmd ::= CREATE unique(U) INDEX ifnotexists(L) ID(N) ON ID(T) LP keycols(C)
    RP. {
  p->stmt.kind = ST_DDL; p->stmt.ddl.kind = DDL_CREATE_INDEX;
  p->stmt.ddl.lenient = L != 0; p->stmt.ddl.name = snAstText(p, T);
  p->stmt.ddl.to = p->stmt.constraint = snAstText(p, N); p->stmt.name = N;
  snAstKey(p, U ? KEY_UNIQUE_INDEX : KEY_INDEX, N, C, false);
}
cmd ::= DROP INDEX ifexists(L) ID(N). {
  p->stmt.kind = ST_DDL; p->stmt.ddl.kind = DDL_DROP_INDEX;
  p->stmt.ddl.lenient = L != 0; p->stmt.ddl.name = snAstText(p, N);
}
cmd ::= CREATE ANALYZER ifnotexists(L) ID(N) AS chain(C). {
  p->stmt.kind = ST_DDL; p->stmt.ddl.kind = DDL_CREATE_OBJECT;
  p->stmt.ddl.object = OBJECT_ANALYZER; p->stmt.ddl.lenient = L != 0;
  p->stmt.ddl.name = snAstText(p, N); p->stmt.name = N; p->stmt.chain = C;
}
cmd ::= DROP ANALYZER ifexists(L) ID(N). {
  p->stmt.kind = ST_DDL; p->stmt.ddl.kind = DDL_DROP_OBJECT;
  p->stmt.ddl.object = OBJECT_ANALYZER; p->stmt.ddl.lenient = L != 0;
  p->stmt.ddl.name = snAstText(p, N); p->stmt.name = N;
}
cmd ::= CREATE VIEW ifnotexists(L) ID(N) viewbody(B). {
  snAstView(p, N, B);
  p->stmt.ddl.lenient = L != 0;
}
cmd ::= CREATE OR REPLACE VIEW ID(N) viewbody(B). {
  snAstView(p, N, B);
  p->stmt.ddl.replace = true;
}
%type viewbody {Token}
viewbody(B) ::= AS(T) select(S). { /* what is kept is its text */
  B = snAstSpan(p, T, p->last);
  p->stmt.select = S;
}
viewbody(B) ::= LP(T) names(C) RP AS select(S). {
  B = snAstSpan(p, T, p->last);
  p->stmt.select = S; p->stmt.cols = C;
}
cmd ::= DROP VIEW ifexists(L) ID(N). {
  p->stmt.kind = ST_DDL; p->stmt.ddl.kind = DDL_DROP_OBJECT;
  p->stmt.ddl.object = OBJECT_VIEW; p->stmt.ddl.lenient = L != 0;
  p->stmt.ddl.name = snAstText(p, N); p->stmt.name = N;
}
cmd ::= ALTER TABLE ID(N) RENAME TO ID(T). {
  p->stmt.kind = ST_DDL; p->stmt.ddl.kind = DDL_RENAME;
  p->stmt.ddl.name = snAstText(p, N); p->stmt.ddl.to = snAstText(p, T);
}
columnopt ::= .
columnopt ::= COLUMN.
cmd ::= ALTER TABLE ID(N) ADD columnopt coldef. {
  p->stmt.kind = ST_DDL; p->stmt.ddl.kind = DDL_ADD_COLUMN;
  p->stmt.ddl.name = snAstText(p, N);
}
cmd ::= ALTER TABLE ID(N) DROP columnopt ID(C). {
  Token text = {"TEXT", 4, C.at};
  p->stmt.kind = ST_DDL; p->stmt.ddl.kind = DDL_DROP_COLUMN;
  p->stmt.ddl.name = snAstText(p, N);
  snAstColumn(p, C, text);
}
cmd ::= ALTER TABLE ID(N) RENAME columnopt ID(C) TO ID(T). {
  Token text = {"TEXT", 4, C.at};
  p->stmt.kind = ST_DDL; p->stmt.ddl.kind = DDL_RENAME_COLUMN;
  p->stmt.ddl.name = snAstText(p, N); p->stmt.ddl.to = snAstText(p, T);
  snAstNewName(p, T);
  snAstColumn(p, C, text);
}
cmd ::= ALTER TABLE ID(N) ALTER columnopt ID(C) TYPE typelong(T) retype. {
  p->stmt.kind = ST_DDL; p->stmt.ddl.kind = DDL_RETYPE_COLUMN;
  p->stmt.ddl.name = snAstText(p, N); p->stmt.name = N;
  snAstRetype(p, C, T);
}
retype ::= .
retype ::= ANALYZER(T) analyzer(R). { (void)T; p->stmt.analyzer = R; }
cmd ::= OPTIMIZE.                {
  p->stmt.kind = ST_DDL; p->stmt.ddl.kind = DDL_MERGE_ALL;
}
cmd ::= OPTIMIZE ID(N) orderby(O). {
  p->stmt.kind = ST_DDL; p->stmt.ddl.kind = DDL_MERGE_ALL;
  p->stmt.ddl.name = snAstText(p, N); p->stmt.cols = O;
}

cmd ::= VACUUM.                  { p->stmt.kind = ST_VACUUM; }
cmd ::= VACUUM INTO expr(E).     { p->stmt.kind = ST_VACUUM;
                                   p->stmt.value = E; }

/* ---- transactions and pragmas ------------------------------------------- */

txn ::= .
txn ::= TRANSACTION.
cmd ::= BEGIN txn.               { p->stmt.kind = ST_BEGIN; }
cmd ::= BEGIN DEFERRED txn.      { p->stmt.kind = ST_BEGIN; }
cmd ::= BEGIN IMMEDIATE txn.     { p->stmt.kind = ST_BEGIN;
                                   p->stmt.write = true; }
cmd ::= BEGIN EXCLUSIVE txn.     { p->stmt.kind = ST_BEGIN;
                                   p->stmt.write = true; }
cmd ::= COMMIT txn.              { p->stmt.kind = ST_COMMIT; }
cmd ::= END txn.                 { p->stmt.kind = ST_COMMIT; }
cmd ::= ROLLBACK txn.            { p->stmt.kind = ST_ROLLBACK; }
savepointopt ::= .
savepointopt ::= SAVEPOINT.
cmd ::= SAVEPOINT ID(N).         { p->stmt.kind = ST_SAVEPOINT;
                                   p->stmt.name = N; }
cmd ::= RELEASE savepointopt ID(N). { p->stmt.kind = ST_RELEASE;
                                   p->stmt.name = N; }
cmd ::= ROLLBACK txn TO savepointopt ID(N). {
  p->stmt.kind = ST_ROLLBACK_TO; p->stmt.name = N;
}

cmd ::= PRAGMA ID(N).            { p->stmt.kind = ST_PRAGMA;
                                   p->stmt.name = N; }
cmd ::= PRAGMA ID(N) EQ pragmavalue(V). {
  p->stmt.kind = ST_PRAGMA; p->stmt.name = N; p->stmt.value = V;
}
cmd ::= PRAGMA ID(N) LP pragmavalue(V) RP. {
  p->stmt.kind = ST_PRAGMA; p->stmt.name = N; p->stmt.value = V;
}
pragmavalue(E) ::= INTEGER(T).   { E = snAstNumber(p, T); }
pragmavalue(E) ::= MINUS INTEGER(T). { E = snAstNumber(p, T);
                                   if (E) E->i = -E->i; }
pragmavalue(E) ::= STRING(T).    { E = snAstString(p, T); }
pragmavalue(E) ::= ID(T).        { E = snAstName(p, T);
                                   if (E) E->kind = EX_STR; }
pragmavalue(E) ::= ON(T).        { E = snAstNew(p, EX_STR, T.at);
                                   if (E) { E->text = "on"; E->len = 2; } }
pragmavalue(E) ::= OR(T).        { E = snAstNew(p, EX_STR, T.at);
                                   if (E) { E->text = "or"; E->len = 2; } }
pragmavalue(E) ::= AND(T).       { E = snAstNew(p, EX_STR, T.at);
                                   if (E) { E->text = "and"; E->len = 3; } }

%token ILLEGAL.
%code {
#undef malloc
#undef realloc
#undef free
_Static_assert(sizeof(yyParser) <= PARSE_ROOM, "room of a parser");
#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif
}
