#!/bin/sh
# The dot-commands.
#   1 .help  2 the schema  3 .output .once  4 settings  5 .open
#   6 .changes .timer .explain  7 .dump
. "$(dirname "$0")/tap.sh"

# 1
run :memory: ".help"
for c in backup bail changes databases dump echo exit explain headers help import mode \
  nullvalue once open output print quit read recover save schema segments separator \
  show tables timeout timer version width; do
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

run t.seine ".backup copy.seine" ".save copy2.seine" ".open copy2.seine" \
  ".tables"
is ".backup and .save" "$out" "log_old  logs     users"
cmp -s copy.seine copy2.seine
is ".backup is .save" "$?" 0
run t.seine ".save copy.seine"
is ".save does not overwrite" "$code" 1

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

# 7
cat >all.sql <<'END'
CREATE ANALYZER mine AS whitespace, stop('a', 'it''s');
CREATE TABLE alerts(q TEXT);
CREATE TABLE articles(t TEXT);
ALTER TABLE articles ADD COLUMN n INTEGER;
ALTER TABLE alerts ADD COLUMN r TEXT ANALYZER 'query(articles)';
CREATE TABLE "we ""ird"(b BOOLEAN, i INTEGER NOT NULL DEFAULT 5, r REAL,
  x TEXT ANALYZER mine, k KEYWORD, ts TIMESTAMP, d DATE, ip IP, g GEOPOINT,
  j JSON, o BLOB, a INTEGER[], ak KEYWORD[], ar REAL[], "se lect" TEXT);
INSERT INTO "we ""ird" VALUES (TRUE, -9223372036854775808, 0.1, 'it''s
two lines; --', 'é日', '1969-12-31 23:59:59.999999', '2000-02-29', 'fe80::1',
  '48.85,2.35', '{"a":[1,"x''y"]}', x'00ff27', [1, NULL], ['a''b', '"'],
  [1e300, -0.5], '');
INSERT INTO "we ""ird"(i) VALUES (2);
INSERT INTO articles VALUES ('one', 1);
INSERT INTO alerts VALUES ('x', 't:one');
CREATE TABLE made(x INTEGER AS (y + 1), y INTEGER, z TEXT AS ('z' || x));
INSERT INTO made VALUES (1), (NULL);
END
run dump1.seine ".read all.sql"
is ".dump: the statements run" "$code$err" 0
run dump1.seine ".dump"
printf '%s\n' "$out" >dump1.sql
is ".dump" "$code$err" 0
like ".dump begins" "$out" "BEGIN;${nl}CREATE ANALYZER mine*"
like ".dump ends" "$out" "*${nl}COMMIT;"
run dump2.seine ".read dump1.sql"
is ".dump is read back" "$code$out$err" 0
run dump2.seine ".dump"
printf '%s\n' "$out" >dump2.sql
is ".dump of that is the same" "$(diff dump1.sql dump2.sql)" ""
run dump2.seine "SELECT count(*) FROM percolate(alerts.r, '{\"t\": \"one\"}')"
is ".dump: stored queries" "$out" 1
run dump1.seine ".dump art%"
is ".dump PATTERN" "$out" "BEGIN;
CREATE TABLE articles(t TEXT, n INTEGER);
INSERT INTO \"articles\" VALUES
  ('one', 1);
COMMIT;"
run dump1.seine ".dump -ndjson articles"
is ".dump -ndjson" "$out" '{"t":"one","n":1}'
run dump1.seine ".dump -csv"
like ".dump: no such option" "$code$err" "1*what is -csv? usage: .dump *"
run many.seine "CREATE TABLE m(i INTEGER)" "INSERT INTO m
  SELECT value FROM (VALUES (1), (2), (3), (4), (5), (6), (7)) AS a(value)" \
  "INSERT INTO m SELECT x.i * 100 + y.i FROM m AS x, m AS y" \
  "INSERT INTO m SELECT x.i * 1000 + y.i FROM m AS x, m AS y" ".dump"
printf '%s\n' "$out" >many.sql
is ".dump: a hundred rows a statement" "$(grep -c '^INSERT' many.sql)" 32
run many2.seine ".read many.sql" "SELECT count(*), sum(i) FROM m"
two=$out
run many.seine "SELECT count(*), sum(i) FROM m"
is ".dump: many rows" "$two" "$out"
finish
