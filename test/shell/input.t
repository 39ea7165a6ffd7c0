#!/bin/sh
# How text becomes statements.
#   1 lines  2 comments  3 quotes  4 odd bytes  5 errors and their place
#   6 .read  7 prompts
. "$(dirname "$0")/tap.sh"

# 1
feed "SELECT 1;
SELECT
  2
;
SELECT 3; SELECT 4;
SELECT 5"
is "statements over lines, two on one, none at the end" "$out" "1
2
3
4
5"
feed "

;
SELECT 1;;
"
is "empty statements" "$out/$code" "1/0"

# 2
feed "-- first
  .print one
/* second
   .print no
*/ .print two
# third
/* a */ -- b
SELECT 3 -- c;
 + 1; /* d */
-- the end"
is "comments in front of commands" "$out" "one
two
4"
run :memory: "/* x */ .print yes"
is "also in an argument" "$out" yes
feed "SELECT 1 /* ; */
+ 1;"
is "a semicolon in a comment" "$out" 2
feed "SELECT 1
.5;"
is "a dot inside a statement is no command" "$code" 1

# 3
feed "SELECT 'a;
b''c;', 2;
"
is "a semicolon in quotes" "$out" "a;
b'c;|2"
feed ".print 'a  b' \"c\\td\" e\\tf
.print   g	h
"
is "the words of a command" "$out" "a  b c	d e\\tf
g h"
feed ".print 'open
"
is "an open quote" "$err" "Error near line 1: a quote is not closed"

# 4
printf '\357\273\277SELECT 1;\r\nSELECT\r\n2;\r\n.print x\r\n' >crlf.sql
run -f crlf.sql
is "a byte order mark and CR LF" "$out$err" "1
2
x"
printf 'SELECT 1;\nSELECT \0002;\nSELECT 3;\n' >zero.sql
run -f zero.sql
is "a 0 byte fails its line alone" "$out/$code" "1
3/1"
is "and is told" "$err" "Error in zero.sql near line 2: the line holds a 0 byte"
{
  printf "SELECT length('"
  i=0
  while [ $i -lt 2000 ]; do
    printf 'line %04d;\n' $i
    i=$((i + 1))
  done
  printf "');\n"
} >long.sql
run -f long.sql
is "a long text with many semicolons" "$out" 22000

# 5
feed "SELECT 1;

SELECT 2,
  nosuch;
SELECT 3;
.nosuch
"
is "goes on after an error" "$out/$code" "1
3/1"
like "the line of the error" "$err" "Error near line 4: *nosuch*
  nosuch;
  ^
Error near line 6: no such command: .nosuch*"
feed "SELECT 1;
SELECT nosuch;
SELECT 3;" -bail
is "-bail stops" "$out/$code" "1/1"
feed ".bail on
.nosuch
SELECT 3;"
is ".bail stops" "$out/$code" "/1"
feed "SELECT 1;
.exit
SELECT 2;"
is ".exit" "$out/$code" "1/0"
feed ".nosuch
.exit"
is ".exit keeps the error" "$code" 1
feed ".nosuch
.exit 0"
is "unless told" "$code" 0

# 6
printf 'SELECT 1;\n.read two.sql\nSELECT 3;\n' >one.sql
printf 'SELECT 2;\nSELECT nosuch;\n' >two.sql
run :memory: ".read one.sql"
is ".read" "$out/$code" "1
2
3/1"
like ".read tells the file" "$err" "Error in two.sql near line 2: *"
printf '.read loop.sql\n' >loop.sql
run :memory: ".read loop.sql"
is ".read has an end" "$err" \
  "Error in loop.sql near line 1: .read goes deeper than 20 files"
run :memory: ".read |echo 'SELECT 8;'"
is ".read |command" "$out" 8
run :memory: ".read nosuch.sql"
is ".read of nothing" "$err" \
  "Error: cannot open nosuch.sql: No such file or directory"

# 7
feed "SELECT
1;
" -interactive
like "prompts" "$out" "Seine *seine>    ...> 1*seine> "
feed "SELECT 1;" -batch
is "no prompts" "$out" 1
finish
