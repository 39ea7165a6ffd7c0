#!/bin/sh
# The command line: options, FILE, the arguments behind it, exit codes.
#   1 -version -help  2 wrong usage  3 files  4 arguments  5 -cmd -init -c -f
#   6 settings
. "$(dirname "$0")/tap.sh"

# 1
run -version
like "-version" "$out" "seine [0-9]*.*"
run --version
like "--version" "$out" "seine [0-9]*.*"
is "-version leaves with 0" "$code" 0
run -help
like "-help tells the usage" "$out" "usage: seine *-readonly *-markdown *"
is "-help leaves with 0" "$code" 0

# 2
run -bxo
is "no such option: 2" "$code" 2
is "no such option: what is near" "$err" \
  "seine: no such option: -bxo (did you mean: -box?)${nl}try: seine -help"
run -separator
is "an option without its argument: 2" "$code" 2
like "an option without its argument" "$err" "*-separator wants an argument*"

# 3
run /nonexistent/x.seine "SELECT 1"
is "cannot open: 2" "$code" 2
like "cannot open: the name" "$err" "Error: cannot open /nonexistent/x.seine: *"
printf 'GET / HTTP/1.0\nnot a database at all\n' >access.log
run access.log "SELECT 1"
is "not a database: 2" "$code" 2
run a.seine "CREATE TABLE t(a INTEGER); INSERT INTO t VALUES (1), (2);"
is "makes the file" "$code" 0
run a.seine "SELECT a FROM t ORDER BY a"
is "the file lasts" "$out" "1${nl}2"
run -readonly a.seine "INSERT INTO t VALUES (3)"
is "-readonly does not write" "$code" 1
run -readonly a.seine "SELECT count(*) FROM t"
is "-readonly reads" "$out" 2
run -nomap a.seine "SELECT count(*) FROM t"
is "-nomap reads" "$out" 2
run -readonly b.seine "SELECT 1"
is "-readonly makes no file" "$code" 2

# 4
run :memory: "CREATE TABLE t(a INTEGER)" "INSERT INTO t VALUES (7)" \
  "SELECT a FROM t; SELECT a + 1 FROM t" ".print done"
is "each argument is a list or a command" "$out" "7${nl}8${nl}done"
run :memory: "SELECT 1" "SELECT nosuch FROM nowhere" "SELECT 2"
is "the first failing argument stops" "$out" 1
is "and the exit code is 1" "$code" 1
run :memory: "SELECT 1" ".nosuch" "SELECT 2"
is "so does a dot-command" "$out/$code" "1/1"
run :memory: "SELECT 1" ".quit" "SELECT 2"
is ".quit among the arguments" "$out/$code" "1/0"
run :memory: ".exit 7" "SELECT 2"
is ".exit CODE" "$out/$code" "/7"
run -- :memory: "SELECT 3"
is "-- ends the options" "$out" 3
run :memory: "-- a comment${nl}SELECT 4"
is "a comment is no option" "$out" 4
run :memory: "SELECT 5" -header
is "options may come last" "$(printf %s "$out" | tail -n 1)" 5

# 5
printf 'CREATE TABLE t(a INTEGER);\nINSERT INTO t VALUES (5);\n' >make.sql
printf '.mode csv\n.headers on\n' >rc
run -f make.sql -c "SELECT a FROM t" -c ".print two"
is "-f and -c in their order" "$out" "5${nl}two"
feed "SELECT a FROM t;" -cmd "CREATE TABLE t(a INTEGER)" \
  -cmd "INSERT INTO t VALUES (6)"
is "-cmd comes before standard input" "$out" 6
run -init rc -c "SELECT 1 AS x, 'a,b' AS y"
is "-init" "$out" "x,y${nl}1,\"a,b\""
run -init rc -json -c "SELECT 1 AS x"
is "options win over -init" "$out" '[{"x":1}]'
run -f nosuch.sql
is "-f with no such file" "$code" 1

# 6
run -header -separator ";" -nullvalue nil -c "SELECT 1 AS a, NULL AS b"
is "-header -separator -nullvalue" "$out" "a;b${nl}1;nil"
run -csv -noheader -c "SELECT 1 AS a, NULL AS b"
is "-noheader" "$out" "1,"
run -echo -c "SELECT 1;"
is "-echo" "$out" "SELECT 1;${nl}1"
run -timer -c "SELECT 1;"
like "-timer" "$out" "1${nl}Run Time: real [0-9]*.[0-9]* user *, 1 row"
finish
