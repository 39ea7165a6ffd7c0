#!/bin/sh
# The forms of a result.
#   1 each mode  2 widths  3 headers, separators, NULL  4 odd values
#   5 no rows
. "$(dirname "$0")/tap.sh"

cat >make.sql <<'END'
CREATE TABLE t(id INTEGER, host TEXT, ok BOOLEAN, r REAL);
INSERT INTO t VALUES (1, 'alpha', TRUE, 1.5), (20, 'bété', FALSE, -0.25),
  (300, NULL, NULL, NULL);
END
run t.seine ".read make.sql"
is "the table" "$code$err" 0
q="SELECT id, host, r FROM t ORDER BY id"

# 1
run t.seine "$q"
is "list is the mode of a pipe" "$out" "1|alpha|1.5
20|bété|-0.25
300||"
run -box t.seine "$q"
is "box" "$out" "┌─────┬───────┬───────┐
│  id │ host  │     r │
├─────┼───────┼───────┤
│   1 │ alpha │   1.5 │
│  20 │ bété  │ -0.25 │
│ 300 │       │       │
└─────┴───────┴───────┘"
run -table t.seine "$q"
is "table" "$out" "+-----+-------+-------+
|  id | host  |     r |
+-----+-------+-------+
|   1 | alpha |   1.5 |
|  20 | bété  | -0.25 |
| 300 |       |       |
+-----+-------+-------+"
run -column t.seine "$q"
is "column" "$out" " id  host       r
---  -----  -----
  1  alpha    1.5
 20  bété   -0.25
300              "
run -markdown t.seine "$q"
is "markdown" "$out" "|  id | host  |     r |
|----:|-------|------:|
|   1 | alpha |   1.5 |
|  20 | bété  | -0.25 |
| 300 |       |       |"
run -csv -header t.seine "$q"
is "csv" "$out" "id,host,r
1,alpha,1.5
20,bété,-0.25
300,,"
run -tabs t.seine "$q"
is "tabs" "$out" "$(printf '1\talpha\t1.5\n20\tbété\t-0.25\n300\t\t')"
run -line t.seine "SELECT id, host FROM t WHERE id < 30 ORDER BY id"
is "line" "$out" "   id = 1
 host = alpha

   id = 20
 host = bété"
run -json t.seine "SELECT * FROM t ORDER BY id"
is "json" "$out" '[{"id":1,"host":"alpha","ok":true,"r":1.5},
{"id":20,"host":"bété","ok":false,"r":-0.25},
{"id":300,"host":null,"ok":null,"r":null}]'
run -ndjson t.seine "SELECT * FROM t ORDER BY id"
is "ndjson" "$out" '{"id":1,"host":"alpha","ok":true,"r":1.5}
{"id":20,"host":"bété","ok":false,"r":-0.25}
{"id":300,"host":null,"ok":null,"r":null}'

# 2
run -box -cmd ".width 4 -6" -c "SELECT 'abcdefgh' AS a, 'x' AS b"
is ".width cuts and turns" "$out" "┌──────┬────────┐
│ a    │      b │
├──────┼────────┤
│ abc… │      x │
└──────┴────────┘"
run -box -c "SELECT '日本' AS a, 'e' AS b"
is "two columns for a wide character" "$out" "┌──────┬───┐
│ a    │ b │
├──────┼───┤
│ 日本 │ e │
└──────┴───┘"
run -box -c "SELECT 'one${nl}two' AS a, 3 AS b"
is "several lines in a cell" "$out" "┌─────┬───┐
│ a   │ b │
├─────┼───┤
│ one │ 3 │
│ two │   │
└─────┴───┘"
long=$(printf '%0300d' 7)
run -box -c "SELECT '$long' AS a"
like "nothing is cut without a terminal" "$out" "*│ $long │*"

# 3
run -box -noheader -c "SELECT 1 AS a"
is "box without a header" "$out" "┌───┐
│ 1 │
└───┘"
run -cmd ".mode csv" -cmd ".separator ; '!'" -c "SELECT 'a;b' AS a, 2 AS b"
is ".separator in csv" "$out" '"a;b";2!'
run -cmd '.nullvalue "(none)"' -c "SELECT NULL" -c ".mode json" \
  -c "SELECT NULL AS n"
is ".nullvalue is not for json" "$out" '(none)
[{"n":null}]'

# 4
run -csv \
  -c "SELECT 'a,b' AS x, 'c\"d' AS y, '' AS z, 'e${nl}f' AS w, NULL AS n"
is "csv quotes" "$out" '"a,b","c""d","","e
f",'
run -ndjson -c "SELECT 'a\"b\\c	d${nl}e' AS x"
is "json escapes" "$out" '{"x":"a\"b\\c\td\ne"}'
run -markdown -c "SELECT 'a|b${nl}c' AS x"
is "markdown escapes" "$out" '| x         |
|-----------|
| a\|b<br>c |'
bell=$(printf '\007')
run -box -c "SELECT 'a${bell}b' AS x"
like "control characters are shown, not sent" "$out" "*│ a^Gb │*"
run -list -c "SELECT 'a${bell}b' AS x"
is "but a pipe gets them" "$out" "a${bell}b"

# 5
for mode in list tabs line ndjson; do
  run -$mode t.seine "SELECT id FROM t WHERE id = 4"
  is "$mode without rows" "$out" ""
done
run -json t.seine "SELECT id FROM t WHERE id = 4"
is "json without rows" "$out" "[]"
run -csv -header t.seine "SELECT id FROM t WHERE id = 4"
is "csv without rows has its header" "$out" "id"
run -json t.seine "BEGIN; COMMIT;"
is "a statement without columns says nothing" "$out" ""
finish
