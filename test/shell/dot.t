#!/bin/sh
# The dot-commands.
#   1 .help  2 the schema  3 .output .once  4 settings  5 .open
#   6 .changes .timer .explain
. "$(dirname "$0")/tap.sh"

# 1
run :memory: ".help"
for c in bail changes databases echo exit explain headers help import mode \
  nullvalue once open output print quit read schema segments separator show \
  tables timeout timer version width; do
  like ".help has .$c" "$nl$out" "*$nl.$c*"
done
run :memory: ".help tables"
like ".help of one" "$out" ".tables *"
is ".help of one is one line" "$(printf '%s\n' "$out" | wc -l)" 1
run :memory: ".help CREATE"
like ".help by a word in it" "$out" ".schema *"
run :memory: ".help zzz"
is ".help of nothing" "$code" 1
for c in $("$SEINE" :memory: .help | sed -n 's/^\.\([a-z]*\).*/\1/p'); do
  case $c in
    exit | quit | read | import | output | once) continue ;;
  esac
  run :memory: ".$c"
  like ".$c alone is known" "$err" "$(
    [ "$code" = 0 ] && echo "" || echo "Error: usage: .$c*"
  )"
done

# 2
run t.seine "CREATE TABLE logs(host TEXT, status INTEGER);
  CREATE TABLE users(name TEXT); CREATE TABLE log_old(a TEXT);"
run t.seine ".tables"
is ".tables" "$out" "log_old  logs     users"
run t.seine ".tables log%"
is ".tables PATTERN" "$out" "log_old  logs"
run t.seine ".tab USERS"
is "an abbreviation, and no case" "$out" "users"
run t.seine ".tables;"
is "a semicolon does no harm" "$out" "log_old  logs     users"
run t.seine ".schema users"
like ".schema of one" "$out" "CREATE TABLE*users*name*;"
run t.seine ".schema"
is ".schema of all" "$(printf '%s\n' "$out" | grep -c 'CREATE TABLE')" 3
"$SEINE" t.seine ".schema" >again.sql
run u.seine ".read again.sql"
is ".schema can be read again" "$code$err" 0
run u.seine ".tables"
is "and makes the same tables" "$out" "log_old  logs     users"
run t.seine "INSERT INTO logs VALUES ('a', 1)" ".segments logs"
like ".segments" "$out" "table_name|segment|docs*${nl}logs|*"

# 3
feed ".output o1
SELECT 1;
.print two
.output
SELECT 3;
"
is ".output" "$out" 3
is ".output: the file" "$(cat o1)" "1
two"
feed ".once o2
SELECT 1;
SELECT 2;
.once |sed s/^/piped:/
SELECT 3;
SELECT 4;
"
is ".once" "$(printf '%s\n' "$out" | sort)" "2
4
piped:3"
is ".once: the file" "$(cat o2)" 1
run :memory: ".output /nonexistent/x"
is ".output that cannot be" "$err" \
  "Error: cannot open /nonexistent/x: No such file or directory"

# 4
run :memory: ".mode json" ".nullvalue NIL" ".width 3 -4" ".headers off" ".show"
like ".show" "$out" "*echo: off*headers: off*mode: json*nullvalue: \"NIL\"*\
output: stdout*width: 3 -4*filename: :memory:"
run :memory: ".mode"
is ".mode tells" "$out" "current output mode: list"
run :memory: ".mode mark" "SELECT 1 AS a"
is "modes may be cut short" "$out" "| a |
|--:|
| 1 |"
run :memory: ".echo on" "SELECT 1;" ".print a"
is ".echo" "$out" "SELECT 1;
1
.print a
a"
run :memory: ".timeout 100" ".version"
like ".version" "$out" "seine [0-9]*"

# 5
run :memory: "CREATE TABLE x(a TEXT)" ".open t.seine" ".tables" ".databases"
is ".open" "$out" "log_old  logs     users
main: t.seine r/w"
run t.seine ".open /nonexistent/x" ".tables"
is ".open that cannot be" "$code" 1
feed ".open /nonexistent/x
.tables
" t.seine
is "keeps what was open" "$out" "log_old  logs     users"
run :memory: ".open -readonly t.seine" "CREATE TABLE y(a TEXT)"
is ".open -readonly" "$code" 1

# 6
run :memory: ".changes on" "CREATE TABLE t(a INTEGER)" \
  "INSERT INTO t VALUES (1), (2)"
like ".changes" "$out" "*changes: 2   total_changes: 2"
run :memory: ".timer on" "CREATE TABLE t(a INTEGER)"
like ".timer" "$out" "Run Time: real * user * sys *, 0 rows"
run :memory: ".explain on" "SELECT 1"
like ".explain" "$out" "addr *opcode*${nl}1"
run :memory: ".explain on" "SELECT nosuch" ".print no"
is ".explain of an error tells it once" \
  "$(printf '%s\n' "$err" | grep -c Error)" 1
finish
