/*
** opcodes: the instruction set.  One line each: name, function, and what
** EXPLAIN and doc/vm.md say of it.
*/
#ifndef SN_OPCODES_H
#define SN_OPCODES_H

#define VM_OPCODES(OP) \
  OP(Halt, opHalt, "end of the program") \
  OP(Goto, opGoto, "go to jump") \
  OP(Const, opConst, "dst = the constant of the program at p") \
  OP(Param, opParam, "dst = parameter k") \
  OP(Now, opNow, "dst = the time at which the statement began") \
  OP(One, opOne, "sel = one row, or k") \
  OP(Next, opNext, "cursor a: claim the next window into sel; at the end jump") \
  OP(Column, opColumn, "dst = column k of cursor a over the window") \
  OP(RowRef, opRowRef, "dst = references of the window's rows of cursor a") \
  OP(Fetch, opFetch, "dst = column k of cursor a for the references in b") \
  OP(Score, opScore, "dst = scores of match b of cursor a") \
  OP(MatchBits, opMatchBits, "dst = does match b of cursor a hit?") \
  OP(MatchTop, opMatchTop, "the best limit+offset hits of cursor a, ranked") \
  OP(Tops, opTops, "dst, b = next references and scores of MatchTop, or jump") \
  OP(Mark, opMark, "dst = text a with the hits of a match marked") \
  OP(Where, opWhere, "keep rows of sel whose column lies between lo and hi") \
  OP(Select, opSelect, "keep rows of sel for which a is true") \
  OP(Empty, opEmpty, "jump when sel has no row") \
  OP(Split, opSplit, "selection dst = sel and a true, b = the rest of sel") \
  OP(Arith, opArith, "dst = a op b") \
  OP(Neg, opNeg, "dst = - a") \
  OP(Compare, opCompare, "dst = a op b as BOOLEAN") \
  OP(Is, opIs, "dst = a IS b: NULLs are equal") \
  OP(And, opAnd, "dst = a AND b") \
  OP(Or, opOr, "dst = a OR b") \
  OP(Not, opNot, "dst = NOT a") \
  OP(IsNull, opIsNull, "dst = a IS NULL") \
  OP(Blend, opBlend, "rows of sel in dst = a; with flag 1 the others NULL") \
  OP(Cast, opCast, "dst = a as the type of dst") \
  OP(Func, opFunc, "dst = function of the registers at p") \
  OP(Like, opLike, "dst = a LIKE or GLOB b") \
  OP(Concat, opConcat, "dst = a || b") \
  OP(In, opIn, "dst = a is one of the constants at p") \
  OP(Group, opGroup, "object a: rows of sel to groups by the keys at p") \
  OP(Groups, opGroups, "object a: next batch of groups into sel, or jump") \
  OP(GroupKey, opGroupKey, "dst = key k of the batch of groups of a") \
  OP(GroupAgg, opGroupAgg, "dst = aggregate k of the batch of groups of a") \
  OP(Distinct, opDistinct, "object a: keep rows of sel not seen before") \
  OP(SortAdd, opSortAdd, "object a: add rows of sel") \
  OP(Sort, opSort, "object a: put the rows in order") \
  OP(Sorted, opSorted, "object a: next batch into sel and registers, or jump") \
  OP(Limit, opLimit, "object a: skip offset, pass limit rows; then jump") \
  OP(WinRun, opWinRun, "object a: compute the window functions") \
  OP(BuildAdd, opBuildAdd, "join a: add rows of sel to the build side") \
  OP(BuildEnd, opBuildEnd, "join a: make the hash table") \
  OP(Probe, opProbe, "join a: look up the keys at p for rows of sel") \
  OP(Pairs, opPairs, "join a: next batch of pairs into sel, or jump") \
  OP(PairBuild, opPairBuild, "dst = build column k of the pairs of a") \
  OP(PairProbe, opPairProbe, "dst = probe register b for the pairs of a") \
  OP(Result, opResult, "give the rows of sel to the caller") \
  OP(Insert, opInsert, "insert rows of sel into the table at p") \
  OP(Delete, opDelete, "delete the rows of cursor a in sel") \
  OP(Write, opWrite, "k=0 begin, 1 end the changes of the statement") \
  OP(Ddl, opDdl, "change the schema as p says") \
  OP(Admin, opAdmin, "object a: the rows of a pragma") \
  OP(Txn, opTxn, "k=0 begin, 1 commit, 2 rollback")

#endif
