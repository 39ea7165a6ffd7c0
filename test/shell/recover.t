#!/bin/sh
# .recover: what can be read of a damaged file, as SQL.
#   1  an undamaged file: what .dump gives; files that are none
#   2  damage in one segment: the others are there, and it is told
#   3  damage in header, slots; a file that was cut
. "$(dirname "$0")/tap.sh"

run whole.db "CREATE TABLE t(id INTEGER NOT NULL, k KEYWORD UNIQUE, x TEXT);
  CREATE TABLE u(a REAL); CREATE VIEW v AS SELECT k FROM t;
  PRAGMA auto_merge = 0;
  INSERT INTO t SELECT v, 'k' || v, 'text ' || v FROM
    generate_series(1, 300) AS g(v);
  INSERT INTO t SELECT v, 'k' || v, 'more ' || v FROM
    generate_series(301, 500) AS g(v);
  INSERT INTO u VALUES (1.5), (NULL)"
is "the file" "$code$err" 0

# 1
run whole.db .dump
dump=$out
run whole.db .recover
is "undamaged: code, and nothing is lost" "$code$err" 0
is "undamaged: the same as .dump" "$dump" \
  "$(printf '%s\n' "$out" | sed 's/INSERT OR IGNORE/INSERT/')"
run :memory: ".recover whole.db"
is "of another file" "$dump" \
  "$(printf '%s\n' "$out" | sed 's/INSERT OR IGNORE/INSERT/')"
run :memory: .recover
like "which file" "$code$err" "1Error*: usage: .recover FILE*"
run :memory: ".recover absent.db"
like "an absent file" "$code$err" "1*absent.db*"
[ ! -e absent.db ]
verdict $? "it was not made" "" ""
echo "no database, though long enough to be looked at" >none.db
run :memory: ".recover none.db"
like "no database" "$code$err" "1*none.db*"
: >empty.db
run :memory: ".recover empty.db"
is "an empty file" "$code$out" "0BEGIN;${nl}COMMIT;"
run :memory: ".recover a b"
like "one word too many" "$err" "*usage: .recover*"

# hurt FILE OFFSET COUNT: a copy of the good file with other bytes
hurt() {
  cp whole.db "$1"
  head -c "$3" /dev/zero | tr '\0' 'Z' |
    dd of="$1" bs=1 seek="$2" conv=notrunc 2>/dev/null
}
# back FILE: its rows are saved into saved.db
back() {
  rm -f saved.db
  run :memory: ".recover $1"
  told=$err
  printf '%s\n' "$out" >saved.sql
  run saved.db ".read saved.sql"
  is "$1: it runs" "$code$err" 0
}

# 2: somewhere in the larger segment
at=$(grep -abo 'text 1' whole.db | head -1 | cut -d: -f1)
hurt middle.db "$at" 40
run middle.db "SELECT count(x), max(x) FROM t"
is "the damage is an error" "$code" 1
back middle.db
like "middle.db: it is told" "$told" "*lost: *table t, segment*"
run saved.db "SELECT count(*) FROM t WHERE id > 300 AND x = 'more ' || id
    AND k = 'k' || id" "SELECT count(*) FROM u" "SELECT count(*) > 0 FROM v" \
  "PRAGMA integrity_check"
is "middle.db: what is whole is there" "$out" "200${nl}2${nl}true${nl}ok"
run saved.db "SELECT count(*) > 250 FROM t WHERE id <= 300"
is "middle.db: and most of the rest" "$out" true
run middle.db .recover "SELECT count(*) FROM u"
like "the connection goes on" "$out" "*COMMIT;${nl}2"

# 3
hurt head.db 0 16
back head.db
like "head.db: it is told" "$told" "*lost: the header is damaged*"
run saved.db "SELECT count(*) FROM t" "SELECT count(*) FROM u"
is "head.db: all rows" "$out" "500${nl}2"
hurt uuid.db 32 16
back uuid.db
like "uuid.db: it is told" "$told" "*lost: no slot has its checksum*"
run saved.db "SELECT count(*) FROM t WHERE x LIKE '% ' || id"
is "uuid.db: all rows" "$out" "500"
head -c 20480 whole.db >cut.db
run :memory: ".recover cut.db"
like "all is cut off" "$code$err" "1*"
for page in 1 2 3 4; do
  hurt slot$page.db $((page * 4096)) 4096
  back slot$page.db
  run saved.db "SELECT count(*) > 0 FROM t"
  is "slot$page.db: rows" "$out" "true"
done
finish
