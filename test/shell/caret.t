#!/bin/sh
# Where an error is shown, and what a run that fails leaves behind.
#   1 the caret under the word: wide letters, tabs, many lines, many statements
#   2 neighbours of a wrong name, and none for a far one
#   3 lines of .read, files in files   4 files that are no database
#   5 .output and .once that cannot be   6 exit codes
. "$(dirname "$0")/tap.sh"

# caret NAME COLUMN: where the ^ stands, counted by hand from 1; the excerpt is
# indented by two.
caret() {
  mark=$(printf '%s\n' "$err" | sed -n 3p)
  is "$1" "${#mark}" "$2"
}

# 1: name, what is looked for, and by how much the letters before it are wider
# than their number.
run :memory: "SELECT 'abc', nosuch"
caret "plain letters" 17
run :memory: "SELECT 'éàü', nosuch"
caret "two bytes, one column" 17
run :memory: "SELECT '日本語', nosuch"
caret "three bytes, two columns" 20
run :memory: "SELECT '😀😀', nosuch"
caret "four bytes, two columns" 18
run :memory: "SELECT 'e$(printf '\314\201')x', nosuch"
caret "a combining mark has no column" 16
run :memory: "SELECT \"日\", 1"
caret "a wide name itself" 10
run :memory: "SELECT 1 AS \"é\", 2 +* 3"
caret "an operator" 23
run :memory: "SELECT 1,
  '日',
    nosuch,
  2"
is "the line of the word alone" "$(printf '%s\n' "$err" | sed -n 2p |
  sed 's/^ *//')" "nosuch,"
caret "and its column" 3
run :memory: "SELECT 1 /* 日
本 */ , nosuch"
caret "behind a comment of two lines" 11
printf 'SELECT\t1,\tnosuch;\n' >tabs.sql
run :memory: ".read tabs.sql"
caret "a tab is printed as a blank" 13
printf 'SELECT 1;\r\nSELECT nosuch;\r\n' >crlf.sql
run :memory: ".read crlf.sql"
like "CR LF: the line" "$err" "Error in crlf.sql near line 2: *"
caret "CR LF: the caret" 10
is "CR LF: no CR is printed" "$(printf '%s' "$err" | tr -dc '\r' | wc -c |
  tr -d ' ')" 0
run :memory: "SELECT 1;
SELECT 2; SELECT 'é', nosuch; SELECT 3"
caret "the third statement" 15
run :memory: "SELECT (1 + 2"
like "the end of the text" "$err" "Error*${nl}  SELECT (1 + 2${nl}*^"
is "is behind its last letter" "$(printf '%s\n' "$err" | sed -n 3p)" \
  "$(printf '%15s^' '')"

# 2
run near.seine "CREATE TABLE visits(host KEYWORD, status INTEGER, größe REAL)"
while IFS='|' read -r sql hint; do
  [ -n "$sql" ] || continue
  run near.seine "$sql"
  like "$sql" "$err" "$hint"
done <<'END'
SELECT hsot FROM visits|*host*
SELECT statsu FROM visits|*status*
SELECT grösse FROM visits|*größe*
SELECT 1 FROM vists|*visits*
SELECT lenght('x')|*length*
SELECT uper(host) FROM visits|*upper*
INSERT INTO vists VALUES (1)|*visits*
INSERT INTO visits(hots) VALUES ('a')|*hots*
UPDATE visits SET staus = 1|*staus*
DROP TABLE visit|*visit*
END
run near.seine "SELECT zzzzzzzzzzzz FROM visits"
is "nothing is near: no hint" "$(printf '%s\n' "$err" |
  grep -c 'did you mean')" 0

# 3
mkdir -p in
printf 'SELECT 1;\n\n\n.read in/b.sql\nSELECT 4;\n' >a.sql
printf -- '-- c\nSELECT 2;\nSELECT\n  nosuch;\nSELECT 3;\n' >in/b.sql
run :memory: ".read a.sql"
is "a file goes on behind an error in an inner one" "$(echo $out)/$code" \
  "1 2 3 4/1"
like "the inner file is named" "$err" "Error in in/b.sql near line [34]: *"
printf '.read self.sql\n' >self.sql
run :memory: ".read self.sql" "SELECT 5"
is "a file that reads itself ends" "$code" 1
printf 'SELECT 1;\n.nosuch\nSELECT 2;\n' >c.sql
run :memory: ".read c.sql"
like "the line of a command" "$err" "Error in c.sql near line 2: *.nosuch*"

# 4: each is refused with the code of what cannot be opened, and left as it
# was.  Up to five pages without a commit count as empty: zeros has more.
head -c 40960 /dev/zero >zeros
printf 'SQLite format 3\000' >other
head -c 4080 /dev/zero >>other
printf 'short' >short
"$SEINE" real.seine "CREATE TABLE t(a INTEGER)" "INSERT INTO t VALUES (1)"
head -c 24576 real.seine >torn
for f in zeros other short torn; do
  cp $f $f.was
  run $f "SELECT 1"
  is "$f: fails" "$code/$out" "2/"
  like "$f: is named" "$err" "*$f*"
  run -readonly $f "SELECT 1"
  is "$f: -readonly too" "$code/$out" "2/"
  cmp -s $f $f.was
  verdict $? "$f: unharmed" "changed" "as it was"
done
: >empty
run empty "CREATE TABLE t(a INTEGER)" "SELECT count(*) FROM t"
is "an empty file becomes a database" "$code/$out" 0/0
run no/such/folder.seine "SELECT 1"
is "no folder" "$code" 2
like "the path is told" "$err" "*no/such/folder.seine*"
run . "SELECT 1"
is "a folder as a database" "$code" 2
run -readonly absent.seine "SELECT 1"
is "-readonly makes no file" "$code$(ls absent.seine 2>/dev/null)" 2

# 5
run :memory: "SELECT 1" ".output no/such/o.txt" "SELECT 2"
is ".output fails, the arguments stop" "$out/$code" "1/1"
like "the path of it" "$err" "*no/such/o.txt*"
feed ".output in
SELECT 3;
" :memory:
is "into a folder: what follows is still shown" "$out/$code" "3/1"
printf 'kept\n' >kept.txt
run :memory: ".once kept.txt" "SELECT nosuch"
is ".once of an error" "$code" 1
run :memory: ".output o.txt" "SELECT 1" ".output no/such" "SELECT 2"
is "what was written stays" "$(cat o.txt)" 1
if [ -e /dev/full ]; then
  run :memory: ".output /dev/full" "SELECT repeat('x', 100000)"
  is "a full device is an error" "$code" 1
else
  skip "no /dev/full"
fi

# 6
while IFS='|' read -r want args; do
  [ -n "$want" ] || continue
  eval "run $args"
  is "exit code of $args" "$code" "$want"
done <<'END'
0|:memory: "SELECT 1"
0|:memory: ""
0|:memory: "-- nothing"
1|:memory: "SELECT"
1|:memory: "SELECT nosuch" "SELECT 1"
1|:memory: .nosuch
0|:memory: ".exit"
7|:memory: ".exit 7" "SELECT nosuch"
1|:memory: "SELECT 1" "SELECT 'open"
2|-nosuch :memory: "SELECT 1"
END
finish
