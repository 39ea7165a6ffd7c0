#!/bin/sh
# Odd values in every form of a result, and odd data for .import.
#   1 quotes, lines, tabs  2 control and wide characters  3 0 bytes and blobs
#   4 names of columns  5 there and back  6 what .import meets
. "$(dirname "$0")/tap.sh"
tab=$(printf '\t')

# 1
q="SELECT 'a${nl}b' AS x, 'c\"d' AS y, 'e${tab}f' AS z, '' AS n"
run -csv -c "$q"
is "csv" "$out" "\"a${nl}b\",\"c\"\"d\",e${tab}f,\"\""
run -json -c "$q"
is "json" "$out" '[{"x":"a\nb","y":"c\"d","z":"e\tf","n":""}]'
run -ndjson -c "$q"
is "ndjson" "$out" '{"x":"a\nb","y":"c\"d","z":"e\tf","n":""}'
run -list -separator ';' -c "SELECT 'a;b', 'c'"
is "list quotes nothing" "$out" "a;b;c"
run -csv -c "SELECT ' a ', 'b,', '\"', 'c\r', NULL, 1.0, -7, TRUE"
is "csv quotes what it must" "$(printf '%s' "$out" | cut -d, -f 2-4)" \
  '"b,",""""'
run -csv -c "SELECT 'x' || char(13) || 'y', 2"
is "a CR is quoted" "$out" "$(printf '"x\ry",2')"
run -json -c "SELECT 9223372036854775807 AS a, 0.5 AS b, [1, 2] AS c,
  CAST('{\"k\": [true]}' AS JSON) AS d, DATE '2026-01-02' AS e"
like "json keeps numbers and arrays as they are" "$out" \
  '\[{"a":9223372036854775807,"b":0.5,"c":\[1,2\],"d":*,"e":"2026-01-02"}\]'

# 2
run -json -c "SELECT char(1) || char(31) || char(8) || 'é日' AS x"
case $out in
  '[{"x":"\u0001\u001f\bé日"}]' | '[{"x":"\u0001\u001f\u0008é日"}]') ok=0 ;;
  *) ok=1 ;;
esac
verdict $ok "json escapes control characters" "$out" '\u0001\u001f\b'
run -box -c "VALUES ('日本語', 'é'), ('x', 'y')"
is "every line of a box is as wide as the others" "$(
  printf '%s\n' "$out" | sed 's/[日本語]/xx/g; s/[^x]/y/g; s/x/y/g' |
    sort -u | wc -l)" 1
run -table -c "SELECT 'e' || char(769) AS a, 'z' AS b"
is "a combining mark has no width" "$(printf '%s\n' "$out" | sed -n 4p |
  tr -d '\314\201')" "| e | z |"
run -column -c "SELECT 'a' || char(27) || ']0;t' || char(7) AS x"
is "an order to the terminal is shown" \
  "$(printf '%s\n' "$out" | tail -n 1)" 'a^[]0;t^G'
run -table -c "SELECT 'a' || char(155) || 'b' AS x"
is "also one of the upper half" \
  "$(printf '%s' "$out" | LC_ALL=C grep -c "$(printf '\302\233')")" 0
run -line -c "SELECT 1 AS a, 2 AS bbbbbbbb"
is "line aligns its names" "$out" "       a = 1
bbbbbbbb = 2"

# 3
run -list -c "SELECT x'616263' AS b"
is "a blob in a list is its bytes" "$out" abc
run -box -noheader -c "SELECT x'00ff' AS b"
like "in a box it is a literal" "$out" "*x'00ff'*"
run -ndjson -c "SELECT x'00ff' AS b, x'' AS e"
is "in json its digits" "$out" '{"b":"00ff","e":""}'
"$SEINE" -list :memory: "SELECT x'610062'" >zero
is "a list keeps a 0 byte" "$(od -An -tx1 zero | tr -d ' ')" 6100620a
"$SEINE" -csv :memory: "SELECT x'610062'" >zero
is "csv too" "$(od -An -tx1 zero | tr -d ' \n' | sed s/22//g | cut -c 1-6)" \
  610062

# 4
run -json -c 'SELECT 1 AS "a""b", 2 AS "c
d", 3 AS "é"'
is "names are escaped in json" "$out" '[{"a\"b":1,"c\nd":2,"é":3}]'
run -csv -header -c 'SELECT 1 AS "a,b", 2 AS "c""d"'
is "and quoted in csv" "$out" '"a,b","c""d"
1,2'
run -markdown -c 'SELECT 1 AS "a|b"'
like "and escaped in markdown" "$out" '| a\\|b |*'

# 5
cat >there.sql <<'END'
CREATE TABLE t(id INTEGER, x KEYWORD, r REAL);
INSERT INTO t VALUES (1, 'plain', 0.1), (2, 'a,b', -1e-7), (3, 'c"d', 1e300),
  (4, 'two
lines', NULL), (5, 'é日', 0.5), (6, 'tail ', 3.25), (7, ' head', 100.125);
END
run there.seine ".read there.sql"
sums="SELECT count(*), sum(id), sum(length(x)), min(r), max(r), count(r),
  sum(hash(x) % 1000003) FROM t"
run there.seine "$sums"
want=$out
for f in csv ndjson; do
  "$SEINE" -header -$f there.seine "SELECT * FROM t" >back.$f
  run :memory: ".import back.$f t" "$sums"
  is "$f goes there and back" "$(printf '%s\n' "$out" | tail -n 1)" "$want"
done

# 6
printf '\357\273\277id,v\r\n1,a\r\n2,"b\r\nc"\r\n' >bom.csv
run -list :memory: ".import bom.csv t" \
  "SELECT sum(id), count(*), max(length(v)) FROM t"
is "a byte order mark, CR LF" "$(printf '%s\n' "$out" | tail -n 1)" "3|2|4"
printf '{"a":1}' >last.ndjson
run :memory: ".import last.ndjson t" "SELECT a FROM t"
like "no line end at the end" "$out" "imported 1 row *${nl}1"
printf 'id\n1\n' >one.csv
: >empty
run e.seine ".import --csv empty t"
run e.seine ".import one.csv t" "SELECT id FROM t"
like "an empty file does no harm" "$out" "imported 1 row *${nl}1"
printf 'a,b\n1,2\n3\n4,5,6\n7,8\n' >ragged.csv
run :memory: ".import ragged.csv t" "SELECT sum(a) FROM t WHERE b IS NOT NULL"
like "lines of other lengths" "$out" "imported *${nl}8"
run :memory: ".import --ndjson ragged.csv t"
like "csv called ndjson is rejected line by line" "$out" "*(5 rejects)*"
run :memory: "CREATE TABLE t(id INTEGER, more TEXT DEFAULT 'd')" \
  ".import one.csv t" "SELECT id FROM t"
like "a table with more columns" "$out" "imported 1 row *${nl}1"
run :memory: "BEGIN" ".import one.csv t" "ROLLBACK" "SELECT id FROM t"
is "a load inside BEGIN is undone by ROLLBACK" "$code" 1
like "table and all" "$err" "Error: no such table*"
mkdir 'a folder'
cp one.csv 'a folder/it'"'"'s.csv'
run :memory: '.import "a folder/it'"'"'s.csv" t' "SELECT id FROM t"
like "a path with a blank and a quote" "$out" "imported 1 row *${nl}1"
finish
