#!/bin/sh
# The files of this folder in the format of sqllogictest, and what runs them.
#   1 what is right passes  2 each record that is wrong fails, for its reason
#   3 a crash and a hang are one failure  4 options
slt=$SEINE_BUILD/t/slt/slt
here=$(cd "$(dirname "$0")" && pwd)
. "$(dirname "$0")/../shell/tap.sh"

# count PASSED|FAILED|SKIPPED: of the last run.
count() {
  printf '%s\n' "$out" | awk -v f="$1" '/ in all:/ { print $f }'
}
run_slt() {
  out=$("$slt" "$@" 2>&1)
  code=$?
}

# 1
for how in '' 'PRAGMA auto_merge = 0' 'PRAGMA threads = 2' \
  'PRAGMA memtable_bytes = 65536'; do
  run_slt -v -init "$how" "$here"
  is "no failure ${how:+with $how}" "$code/$(count 2)" 0/0
  [ "$code" = 0 ] || printf '%s\n' "$out" | head -n 60 | sed 's/^/# /'
done
run_slt "$here/records.slt"
is "records that pass, and those left out" "$(count 1) $(count 3)" "182 54"

# 2: two statements and the first answer of a label are right
run_slt -reasons 99 "$here/wrong.txt"
is "wrong records pass or fail" "$code $(count 1) $(count 2)" "1 3 29"
for why in "another answer" "another number of columns" "no such column" \
  "no error where one belongs" "another message of an error" \
  "another number of rows changed" "no record that we know" \
  "a loop without end, variable or values"; do
  case $out in
    *"  $why$nl"*) verdict 0 "a reason: $why" ;;
    *) verdict 1 "a reason: $why" "$out" "$why" ;;
  esac
done
run_slt -v "$here/wrong.txt"
like "-v shows both answers" "$out" "*wrong.txt:11: another answer
SELECT a FROM t
-- wanted
1
2
4
-- got
1
2
3*"
printf 'statement ok\nCREATE TABLE t(a INTEGER NOSUCH)\n\nquery I\n%s\n' \
  'SELECT a FROM t' >lost.slt
run_slt lost.slt
like "what failed before is the reason" "$out" \
  "*no such table, after: syntax error*"

# 3
printf 'query I\nSELECT count(*) FROM %s\n' "$(printf \
  '(VALUES (1), (2), (3), (4), (5), (6), (7), (8)) t%d(a), ' 1 2 3 4 5 6 7 8 \
  9 10 11 12)(VALUES (1)) u(a) WHERE t1.a + t2.a + t3.a + t12.a < 0" >slow.slt
printf '\nquery I\nSELECT 1\n----\n1\n' >>slow.slt
run_slt -ms 100 slow.slt
is "a statement without end is stopped" "$code $(count 1) $(count 2)" "1 1 1"

# 4
printf 'onlyif mysql\nquery I\nSELECT 1\n----\n1\n' >as.slt
run_slt -as seine,mysql as.slt
is "-as says who we are" "$(count 1) $(count 2) $(count 3)" "1 0 0"
run_slt as.slt
is "others are left out" "$(count 1) $(count 2) $(count 3)" "0 0 1"
mkdir -p many/deep/er
for i in 1 2 3 4 5; do cp as.slt many/deep/er/$i.slt; done
cp as.slt many/deep/top.test
cp as.slt many/not.txt
run_slt -as mysql -j 3 many
is "a folder is searched, files run side by side" "$(count 1)" 6
like "and told by folder" "$out" "*5 *0 *0  deep/er$nl*1 *0 *0  deep$nl*"
run_slt many/nosuch
is "a file that is not there" "$code" 2
printf '# none\nwrong.txt:11-30 ours differ\nrong.txt:1-99 no file\n%s\n' \
  '"no such col" by message' >known
run_slt -known known "$here/wrong.txt"
is "records that may fail are left out" "$(count 1) $(count 2) $(count 3)" \
  "3 23 6"
like "... for their reason" "$out" "*3  ours differ$nl*"
like "... by the message" "$out" "*3  by message$nl*"
{
  printf 'query I\nSELECT coalesce(3, avg(8)) / 2 * 2\n----\n%d\n\n' 2 4
  printf 'query I\nSELECT a FROM nosuch -- avg(8)\n----\n3\n'
} >instead.slt
echo '"avg(" as "min(" one type for all rows' >known
run_slt -known known instead.slt
is "an answer that is right with another text" \
  "$(count 1) $(count 2) $(count 3)" "0 2 1"
like "... is left out for that reason" "$out" "*1  one type for all rows$nl*"
echo '"2" as' >known
run_slt -known known instead.slt
is "... of a message, when no other text follows" \
  "$code $(count 1) $(count 2) $(count 3)" "1 0 3 0"
echo 'wrong.txt 11' >known
run_slt -known known "$here/wrong.txt"
is "a line of -known that says nothing" "$code" 2
run_slt -nosuch 1 many
is "an option that is not there" "$code" 2
finish
