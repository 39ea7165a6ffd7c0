#!/bin/sh
# What the shell prints is read back as the same table, and a grid is as wide
# as what it shows.
#   1 every type by csv, ndjson, json and tabs  2 odd texts by the same
#   3 csv as sqlite3 reads it  4 a list of one column by -lines
#   5 cells by their width: wide, combining, joined, controls, tabs
#   6 .width counts columns, not bytes
. "$(dirname "$0")/tap.sh"

# One query over both tables: IS NOT tells NULL apart from a text.
compare() {
  name=$1
  run both.seine "$2"
  is "$name" "$out$err" "$3"
}

# 1
cat >types.sql <<'END'
CREATE TABLE t(id INTEGER, b BOOLEAN, i INTEGER, r REAL, x TEXT, k KEYWORD,
  ts TIMESTAMP, d DATE, ip IP, g GEOPOINT, j JSON, a INTEGER[], ak KEYWORD[],
  ab BOOLEAN[]);
INSERT INTO t VALUES
  (1, TRUE, 9223372036854775807, 1.7976931348623157e308, 'some words', 'k',
   '2026-01-03 10:00:00.123456', '2026-01-03', '10.0.0.1', '48.85,2.35',
   '{"k":[1,null,"x"]}', [1, -2], ['a', 'b,c'], [TRUE, FALSE]),
  (2, FALSE, -9223372036854775808, 5e-324, '', '', '1969-12-31 23:59:59',
   '0001-01-01', '::1', '-90,180', '"s"', [], ['', '"'], []),
  (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
   NULL),
  (4, TRUE, 0, 0.1, 'NULL', 'null', '9999-12-31 23:59:59.999999',
   '9999-12-31', 'fe80::1:2', '0,0', '[]', [NULL, 7], ['it''s'], [NULL]),
  (5, FALSE, -1, -0.30000000000000004, ' x ', '007', '2000-02-29 00:00:00',
   '2000-02-29', '255.255.255.255', '12.3456789,-0.0000001', '{}', [0],
   ['é日😀'], [TRUE]);
CREATE TABLE u(id INTEGER, b BOOLEAN, i INTEGER, r REAL, x TEXT, k KEYWORD,
  ts TIMESTAMP, d DATE, ip IP, g GEOPOINT, j JSON, a INTEGER[], ak KEYWORD[],
  ab BOOLEAN[]);
END
columns="b i r x k ts d ip g j a ak ab"
for f in csv ndjson json tabs; do
  rm -f both.seine
  run both.seine ".read types.sql"
  case $f in
    tabs) rows="WHERE id <> 5" ;; # of which no field is odd
    *) rows="" ;;
  esac
  run -header -$f both.seine "SELECT * FROM t $rows ORDER BY id"
  printf '%s\n' "$out" >back
  run both.seine ".import back u"
  like "$f is read" "$out$err" "imported * rows into u (0 rejects) *"
  for c in $columns; do
    # tabs and lists have no sign for NULL: the empty text stands for both.
    [ $f = tabs ] && case $c in x | k) continue ;; esac
    compare "$f: $c" "SELECT t.id FROM t JOIN u ON t.id = u.id
      WHERE t.$c IS NOT u.$c OR CAST(t.$c AS TEXT) IS NOT CAST(u.$c AS TEXT)" \
      ""
  done
  compare "$f: none is missing" "SELECT count(*), count(t.ts) - count(u.ts)
    FROM t JOIN u ON t.id = u.id" "$([ $f = tabs ] && echo 4 || echo 5)|0"
  run both.seine ".schema u"
  was=$(sed -n '/TABLE u/,$p' types.sql | tr '\n' ' ' | sed 's/  */ /g;s/ $//')
  is "$f: the columns are as they were" "$out" "$was"
done

# Without a table made before, the types are found again.
for f in csv ndjson json; do
  rm -f both.seine
  run both.seine ".read types.sql" "DROP TABLE u"
  run -header -$f both.seine "SELECT id, b, ts, d, ip FROM t ORDER BY id"
  printf '%s\n' "$out" >back
  run both.seine ".import back u" ".schema u"
  like "$f: types found again" "$out" \
    "*CREATE TABLE u(id INTEGER, b BOOLEAN, ts TIMESTAMP, d DATE, ip IP);"
done

# 2
rm -f both.seine
run both.seine "CREATE TABLE t(id INTEGER, x KEYWORD)" "INSERT INTO t VALUES
  (1, ''), (2, NULL), (3, ' '), (4, '\"'), (5, '\"\"'), (6, ''''), (7, ','),
  (8, char(9)), (9, char(10)), (10, char(13)), (11, char(13) || char(10)),
  (12, char(10) || char(10)), (13, 'a' || char(13)), (14, char(10) || 'a'),
  (15, '\\'), (16, '\\n'), (17, '\\\"'), (18, 'é'), (19, 'e' || char(769)),
  (20, '日本語'), (21, '😀👩' || char(8205) || '🔬'), (22, char(65279)),
  (23, char(1) || char(27) || char(127)), (24, char(133) || char(8232)),
  (25, '{\"a\":1}'), (26, '[1]'), (27, '-- x'), (28, '#'), (29, '1'),
  (30, '01'), (31, 'true'), (32, 'NULL'), (33, '\"a\",\"b\"'), (34, 'a;b|c'),
  (35, repeat('日', 3000)), (36, repeat('\"', 999)), (37, char(1114111)),
  (38, char(65533)), (39, '<b>&amp;</b>'), (40, '%s%n'), (41, 'trail' ||
  char(10)), (42, '.exit'), (43, ';')"
is "43 odd texts" "$code$err" 0
for f in csv ndjson json; do
  # Through a file, not \$(...), which would cut line ends.
  "$SEINE" -header -$f both.seine "SELECT * FROM t ORDER BY id" >back
  run both.seine "DROP TABLE IF EXISTS u" "CREATE TABLE u(id INTEGER,
    x KEYWORD)" ".import back u"
  like "$f: odd texts are read" "$out$err" \
    "imported 43 rows into u (0 rejects) *"
  compare "$f: and are the same" "SELECT t.id FROM t JOIN u ON t.id = u.id
    WHERE t.x IS NOT u.x OR length(t.x) IS NOT length(u.x) ORDER BY 1" ""
  run both.seine "DROP TABLE u" ".import back u"
  compare "$f: also in a table made for them" "SELECT t.id FROM t JOIN u
    ON t.id = u.id WHERE t.x IS NOT u.x ORDER BY 1" ""
  "$SEINE" -header -$f both.seine "SELECT * FROM u ORDER BY id" >again
  cmp -s back again
  verdict $? "$f: printed again, the same bytes" "$(cmp back again 2>&1)" ""
done
"$SEINE" -header -csv -separator ';' both.seine "SELECT * FROM t" >back
run both.seine "DROP TABLE u" ".import -csv back u"
compare "csv with another separator" "SELECT t.id FROM t JOIN u
  ON t.id = u.id WHERE t.x IS NOT u.x ORDER BY 1" ""

# 3: another reader of CSV agrees.
if command -v sqlite3 >/dev/null; then
  "$SEINE" -header -csv both.seine "SELECT * FROM t ORDER BY id" >back
  hex=$(sqlite3 :memory: ".import --csv back t" \
    "SELECT id, hex(x) FROM t ORDER BY CAST(id AS INTEGER)")
  run -list both.seine "SELECT id, upper(hex(coalesce(x, ''))) FROM t
    ORDER BY id"
  is "csv as sqlite3 reads it" "$hex" "$out"
else
  skip "no sqlite3"
fi

# 4
run -list -noheader both.seine "SELECT x FROM t WHERE id IN (3, 4, 16, 18, 19,
  20, 21, 33, 34, 42) ORDER BY id"
printf '%s\n' "$out" >back
run both.seine ".import -lines back l"
compare "a list of texts without line ends" "SELECT count(*) FROM l JOIN t
  ON l.line = t.x WHERE t.id IN (3, 4, 16, 18, 19, 20, 21, 33, 34, 42)" 10

# 5: text, and the cell that shows it, between bars.  The columns are those of
# UAX #11 and of wcwidth(): combining marks have none, East Asian wide and
# fullwidth characters and emoji two, the others one.
while IFS=@ read -r sql cell width; do
  [ -n "$sql" ] || continue
  run -table -noheader :memory: "SELECT $sql AS a"
  is "$sql is $width wide" "$out" "+-$(printf "%${width}s" '' |
    tr ' ' '-')-+
| $cell |
+-$(printf "%${width}s" '' | tr ' ' '-')-+"
done <<'END'
'abc'@abc@3
'é'@é@1
'日'@日@2
'日本語'@日本語@6
'ｱ'@ｱ@1
'Ａ'@Ａ@2
'한국'@한국@4
'가나'@가나@4
'あ、'@あ、@4
'😀'@😀@2
'Ω≈ß'@Ω≈ß@3
'кот'@кот@3
'ไทย'@ไทย@3
'─│'@─│@2
'€'@€@1
'𝒳'@𝒳@1
'𠀀'@𠀀@2
'a' || char(1) || 'b'@a^Ab@4
'a' || char(127) || 'b'@a^?b@4
char(27) || '[2J'@^[[2J@5
END
# Colours, which highlight() may be told to set, have no width and are sent.
esc=$(printf '\033')
run -table -noheader :memory: "SELECT '${esc}[31mred${esc}[0m' AS a"
is "a colour has no width" "$(printf '%s\n' "$out" | head -n 1)" "+-----+"
like "and is sent" "$out" "*| ${esc}\[31mred${esc}\[0m*|*"
# Marks that stand on the letter before them, or have no width at all.
for marks in 769 768,770 8203 8205 65039 1425; do
  run -table -noheader :memory: "SELECT 'x' || char($marks) || 'y' AS a"
  is "char($marks) has no width" "$(printf '%s\n' "$out" | head -n 1)" "+----+"
done
# Wide and narrow ones below each other.
run -table :memory: "SELECT * FROM (VALUES ('日本', 1), ('abc', 22),
  ('é', NULL)) AS v(名前, n)"
is "columns stay aligned" "$out" "+------+----+
| 名前 |  n |
+------+----+
| 日本 |  1 |
| abc  | 22 |
| é    |    |
+------+----+"

# 6
while IFS='|' read -r width sql cell; do
  [ -n "$width" ] || continue
  run -table -noheader -cmd ".width $width" -c "SELECT $sql AS a"
  is ".width $width of $sql" "$(printf '%s\n' "$out" | sed -n 2p)" "| $cell |"
done <<'END'
4|'日本語'|日… 
5|'日本語'|日本…
6|'日本語'|日本語
3|'日本'|日…
2|'日本'|… 
3|'éàü'|éàü
3|'éàüö'|éà…
-5|'日'|   日
5|'日'|日   
END
finish
