/*
** opcodes: the instruction set.  One line each: name, function, what doc/vm.md
** says of it, and what its operands dst, a and b are: r register, c cursor,
** o object, m match of the cursor, s selection, _ nothing that has a name.
*/
#ifndef SN_OPCODES_H
#define SN_OPCODES_H

#define VM_OPCODES(OP) \
  OP(Halt, opHalt, "end of the program", ___) \
  OP(Goto, opGoto, "go to jump", ___) \
  OP(Call, opCall, "go to jump; Return of object a comes back", _o_) \
  OP(Return, opReturn, "object a: go behind the Call", _o_) \
  OP(Again, opAgain, "forget what the part of the program at p made", ___) \
  OP(Move, opMove, "dst = a", rr_) \
  OP(MoveSel, opMoveSel, "dst = the rows of sel", s__) \
  OP(Const, opConst, "dst = the constant of the program at p", r__) \
  OP(Param, opParam, "dst = parameter k", r__) \
  OP(Now, opNow, "dst = the time at which the statement began", r__) \
  OP(One, opOne, "sel = one row, or k", ___) \
  OP(Next, opNext, "cursor a: the next window into sel; at the end jump", _c_) \
  OP(Column, opColumn, "dst = column k of cursor a over the window", rc_) \
  OP(RowRef, opRowRef, "dst = references to the rows of the window of a", rc_) \
  OP(Fetch, opFetch, "dst = column k of cursor a for references b", rcr) \
  OP(Score, opScore, "dst = scores of match b of cursor a", rcm) \
  OP(Best, opBest, "keep rows of sel that score what p asks for", _c_) \
  OP(Why, opWhy, "dst = how references b of a score by match k", rcr) \
  OP(MatchBits, opMatchBits, "dst = does match b of cursor a hit?", rcm) \
  OP(MatchTop, opMatchTop, "the best hits of cursor a go into object c", rcm) \
  OP(MatchCount, opMatchCount, "dst = how many hits match b of a has", rcm) \
  OP(Extreme, opExtreme, "dst = least or greatest of column k of a", rc_) \
  OP(Tops, opTops, "dst, b = next references and scores, or jump", ror) \
  OP(Mark, opMark, "dst = text a with the hits of the matches marked", rrc) \
  OP(Where, opWhere, "keep rows of sel whose column is in the range p", _c_) \
  OP(Select, opSelect, "keep rows of sel for which a is true", _r_) \
  OP(Recall, opRecall, "sel = its rows that p must be asked for; none: jump", \
      _oc) \
  OP(Learn, opLearn, "object a: note rows of sel, add those known before", \
      _oc) \
  OP(Empty, opEmpty, "jump when sel has no row", ___) \
  OP(Split, opSplit, "dst = rows of sel where a is true, b = the rest", srs) \
  OP(Arith, opArith, "dst = a op b", rrr) \
  OP(Neg, opNeg, "dst = - a", rr_) \
  OP(Compare, opCompare, "dst = a op b as BOOLEAN", rrr) \
  OP(Is, opIs, "dst = a IS b: NULLs are equal", rrr) \
  OP(And, opAnd, "dst = a AND b", rrr) \
  OP(Or, opOr, "dst = a OR b", rrr) \
  OP(Not, opNot, "dst = NOT a", rr_) \
  OP(IsNull, opIsNull, "dst = a IS NULL", rr_) \
  OP(Blend, opBlend, "rows of sel in dst = a; flag 1: others NULL", rr_) \
  OP(Fold, opFold, "dst = the elements of a that are not yet taken", rr_) \
  OP(Element, opElement, "dst = next of the elements a; sel = rows that have " \
      "one; none: jump", rr_) \
  OP(Cast, opCast, "dst = a as the type of dst", rr_) \
  OP(Func, opFunc, "dst = function of the registers at p", r__) \
  OP(Like, opLike, "dst = a LIKE, GLOB or REGEXP b", rrr) \
  OP(Concat, opConcat, "dst = a || b", rrr) \
  OP(In, opIn, "dst = a is one of the constants at p", rr_) \
  OP(Group, opGroup, "object a: rows of sel to groups by the keys at p", _o_) \
  OP(Groups, opGroups, "object a: next groups into sel, or jump", _o_) \
  OP(GroupKey, opGroupKey, "dst = key k of the groups of a", ro_) \
  OP(GroupAgg, opGroupAgg, "dst = aggregate k of the groups of a", ro_) \
  OP(Distinct, opDistinct, "object a: keep rows of sel not seen before", _o_) \
  OP(SortAdd, opSortAdd, "object a: add rows of sel", _o_) \
  OP(Sort, opSort, "object a: put the rows in order", _o_) \
  OP(Sorted, opSorted, "object a: next rows into sel and p, or jump", _o_) \
  OP(Table, opTable, "object a: next rows of the function at p, or jump", _o_) \
  OP(File, opFile, "object a: next rows of the file at p, or jump", _o_) \
  OP(Limit, opLimit, "object a: skip offset, pass limit rows; then jump", _or) \
  OP(WinRun, opWinRun, "object a: compute the window functions", _o_) \
  OP(BuildAdd, opBuildAdd, "join a: add rows of sel to the build side", _o_) \
  OP(BuildEnd, opBuildEnd, "join a: make the hash table", _o_) \
  OP(Probe, opProbe, "join a: keys at p for rows of sel; drops some", _o_) \
  OP(Expand, opExpand, "join a: rows of p for each row of sel, or jump", _o_) \
  OP(Pairs, opPairs, "join a: next batch of pairs into sel, or jump", _o_) \
  OP(PairBuild, opPairBuild, "dst = build column k of the pairs of a", ro_) \
  OP(PairProbe, opPairProbe, "dst = probe register b for the pairs of a", ror) \
  OP(PairOn, opPairOn, "join a: pairs of sel for which b is true", _or) \
  OP(Rest, opRest, "join a: go to jump with rows that had no pair", _o_) \
  OP(Parts, opParts, "run from jump on for the next part of the rows", ___) \
  OP(LookAdd, opLookAdd, "object a: add rows of sel by their keys", _o_) \
  OP(Look, opLook, "dst = what a has for the keys at p", ro_) \
  OP(LookOne, opLookOne, "dst = what a has, as a constant", ro_) \
  OP(LookTake, opLookTake, "object a: take rows of sel out, if there", _o_) \
  OP(Apply, opApply, "object a: keys not asked for yet, or jump", _o_) \
  OP(Domain, opDomain, "object a: next of those keys into sel and p", _o_) \
  OP(Applied, opApplied, "object a: their rows are all there", _o_) \
  OP(RowsAdd, opRowsAdd, "object a: add rows of sel to those that wait", _o_) \
  OP(Queue, opQueue, "in a thread: rows for what stands here otherwise", _o_) \
  OP(RowsNext, opRowsNext, "object a: the next step, or jump", _o_) \
  OP(Rows, opRows, "rows of b after those that a has read, or jump", _oo) \
  OP(Export, opExport, "write rows of sel to the file at p; k=1 ends", _o_) \
  OP(Result, opResult, "give the rows of sel to the caller", ___) \
  OP(Insert, opInsert, "insert rows of sel into the table at p", ___) \
  OP(Upsert, opUpsert, "insert rows of sel; dst = rows in their way", r__) \
  OP(Stored, opStored, "dst = column k of the rows at references a", rr_) \
  OP(Delete, opDelete, "delete rows of a in sel; at references b", _cr) \
  OP(Update, opUpdate, "rows of sel of cursor a have new numbers at p", _c_) \
  OP(Moved, opMoved, "cursor a: next updated rows that move, or jump", rc_) \
  OP(Write, opWrite, "k=1 make the changes of the statement, 2 end it", ___) \
  OP(Ddl, opDdl, "change the schema as p says", ___) \
  OP(Admin, opAdmin, "object a: the rows of a pragma", _o_) \
  OP(Txn, opTxn, "k: a TxnKind; of a savepoint the note is the name", ___) \
  OP(Vacuum, opVacuum, "compact the file, or copy it to the one at b", __r)

#endif
