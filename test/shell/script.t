#!/bin/sh
# Scripts: what is read from where, in which order, and how it ends.
#   1 standard input  2 -f -init -cmd and -bail  3 .read in .read
#   4 .output across statements and files  5 exit codes  6 arguments
. "$(dirname "$0")/tap.sh"

# 1
feed "CREATE TABLE t(a INTEGER);
INSERT INTO t VALUES (1), ('x');
INSERT INTO t VALUES (2);
SELECT count(*), sum(a) FROM t;
" t1.seine
is "an error is passed over" "$out/$code" "1|2/1"
feed "BEGIN;
INSERT INTO t VALUES (10);
SELECT nosuch;
COMMIT;
" t1.seine
run t1.seine "SELECT sum(a) FROM t"
is "also inside a transaction" "$out" 12
feed "BEGIN;
INSERT INTO t VALUES (20);
SELECT nosuch;
COMMIT;
" -bail t1.seine
is "-bail leaves with 1" "$code" 1
run t1.seine "SELECT sum(a) FROM t"
is "-bail leaves the transaction: rolled back" "$out" 12
feed "BEGIN;
INSERT INTO t VALUES (30);" t1.seine
is "an end without COMMIT" "$code" 0
run t1.seine "SELECT sum(a) FROM t"
is "is a ROLLBACK" "$out" 12
feed "SELECT 1; SELECT 'open
SELECT 2;
"
is "an open quote at the end is an error" "$out/$code" "1/1"
feed "SELECT 1;
SELECT 2 +" -bail
is "so is an open statement" "$out/$code" "1/1"
feed ""
is "nothing at all" "$out$err/$code" "/0"
feed "SELECT 1;
.bail off
SELECT nosuch;
SELECT 2;
.bail on
SELECT nosuch;
SELECT 3;" -bail
is ".bail off and on again" "$out/$code" "1
2/1"

# 2
printf 'SELECT 1;\nSELECT nosuch;\nSELECT 2;\n' >mixed.sql
run -f mixed.sql -c "SELECT 3"
is "a file with an error is not finished by -c" "$code" 1
like "its first statement ran" "$out" "1*"
run -bail -f mixed.sql -c "SELECT 3"
is "-bail -f stops in the file" "$out/$code" "1/1"
feed "SELECT 4;" -init mixed.sql
like "-init with an error still reads on" "$out" "1*4"
printf '.headers on\nSELECT 1 AS a;\n' >rc1
feed "SELECT 2 AS b;" -init rc1 -cmd "SELECT 3 AS c"
is "first -init, then -cmd, then the input" "$out" "a
1
c
3
b
2"
run -init nosuch -c "SELECT 1"
like "an -init that is not there is told" "$err" "*nosuch*"
run -cmd "SELECT nosuch" -c "SELECT 1"
like "-cmd with an error is told" "$err" "Error*nosuch*"

# 3
mkdir deep
printf 'SELECT 3;\n' >deep/c.sql
printf 'SELECT 2;\n.read deep/c.sql\nSELECT 4;\n' >b.sql
printf 'SELECT 1;\n.read b.sql\nSELECT 5;\n' >a.sql
run -f a.sql
is "files in files, in order" "$(echo $out)" "1 2 3 4 5"
printf '.exit 9\nSELECT 6;\n' >deep/c.sql
run -f a.sql
is ".exit ends all of them" "$(echo $out)/$code" "1 2/9"
printf 'SELECT nosuch;\n' >deep/c.sql
run -bail -f a.sql
is "-bail ends all of them" "$(echo $out)/$code" "1 2/1"
like "the innermost file is named" "$err" "Error in deep/c.sql near line 1: *"
printf 'SELECT 7 -- no end' >open.sql
run :memory: ".read open.sql" "SELECT 8"
is "a file's last statement needs no semicolon" "$(echo $out)" "7 8"
printf 'BEGIN;\nCREATE TABLE t(a INTEGER);\n' >begin.sql
printf 'INSERT INTO t VALUES (1);\nCOMMIT;\n' >commit.sql
run tr.seine ".read begin.sql" ".read commit.sql"
run tr.seine "SELECT count(*) FROM t"
is "a transaction over two files" "$out" 1

# 4
printf '.output inner.txt\nSELECT 2;\n' >redirect.sql
feed "SELECT 1;
.read redirect.sql
SELECT 3;
.output stdout
SELECT 4;
"
is ".output lasts beyond its file" "$(echo $out)" "1 4"
is "and took what stood between" "$(echo $(cat inner.txt))" "2 3"
run :memory: ".once 'with blank.txt'" "SELECT 1" "SELECT 2"
is ".once takes one result" "$out/$(cat 'with blank.txt')" "2/1"
run :memory: ".output o.txt" "SELECT 1" "SELECT nosuch"
is "errors do not go to .output" "$(cat o.txt)" 1
like "but to stderr" "$err" "Error*nosuch*"
run :memory: ".output o.txt" "SELECT 5"
is ".output begins the file anew" "$(cat o.txt)" 5
run :memory: ".once /nonexistent/x" "SELECT 1"
is ".once that cannot be stops the arguments" "$out/$code" "/1"

# 5
for n in 0 1 2 7 255; do
  run :memory: ".exit $n"
  is ".exit $n" "$code" "$n"
done
run :memory: ".exit 256"
is ".exit 256 is none" "$code" 1
run :memory: ".exit -1"
is ".exit -1 is none" "$code" 1
run :memory: ""
is "an empty argument" "$out$err/$code" "/0"
run :memory: ";" "-- c" "/* */"
is "arguments without a statement" "$out$err/$code" "/0"
run :memory: "SELECT 1; SELECT nosuch; SELECT 2"
is "an error inside an argument stops it" "$out/$code" "1/1"

# 6
run :memory: ".mode json" "SELECT 1 AS a" ".mode csv" "SELECT 'x,y'"
is "commands and statements by turns" "$out" '[{"a":1}]
"x,y"'
run :memory: "SELECT 'a" "b'"
is "an argument is a text of its own" "$code" 1
run :memory: "SELECT 1 +
  1"
is "an argument of several lines" "$out" 2
run :memory: ".print a${nl}.print b"
like "a command ends with its line" "$out" "a*"
finish
