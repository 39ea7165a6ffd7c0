#!/bin/sh
# .import: where data come from, what is said, and all or nothing.
#   1 formats  2 sources  3 compressed  4 failures  5 rejects
. "$(dirname "$0")/tap.sh"

printf 'one\ntwo\nthree\n' >lines.txt
printf 'id,host\n1,alpha\n2,beta\n' >a.csv
printf 'id\thost\n1\talpha\n2\tbeta\n' >a.tsv
printf '{"id":1,"host":"alpha"}\n{"id":2,"host":"beta"}\n' >a.ndjson

# 1
run l.seine ".import -lines lines.txt t" "SELECT count(*) FROM t"
like "lines" "$out" "imported 3 rows into t (0 rejects) in *${nl}3"
for f in csv tsv ndjson; do
  run $f.seine ".import a.$f t" "SELECT id, host FROM t ORDER BY id"
  like "$f by its name" "$out" "imported 2 rows into t (0 rejects) in * s, *$f*
1|alpha
2|beta"
  cp a.$f plain
  run $f.seine ".import --$f plain u" "SELECT host FROM u WHERE id = 2"
  like "$f by an option" "$out" "imported 2 rows into u *${nl}beta"
done
run :memory: ".import a.csv t" ".import a.csv t" "SELECT count(*) FROM t"
like "twice appends" "$out" "*table created${nl}imported 2 rows*${nl}4"

# 2
feed "$(cat a.csv)$nl" :memory: ".import --csv - t" "SELECT count(*) FROM t"
like "standard input" "$out" "imported 2 rows*${nl}2"
run :memory: ".import --csv '|cat a.csv' t" "SELECT count(*) FROM t"
like "a command" "$out" "imported 2 rows*${nl}2"
run :memory: ".import a.csv 'my table'" 'SELECT count(*) FROM "my table"'
like "a name with a blank" "$out" "imported 2 rows into my table *${nl}2"

# 3
i=0
while [ $i -lt 20000 ]; do
  echo "$i,host$((i % 7))"
  i=$((i + 1))
done | sed '1i id,host' >big.csv
for tool in gzip zstd bzip2 xz; do
  if ! command -v $tool >/dev/null; then
    skip "no $tool here"
    continue
  fi
  $tool -c big.csv >packed 2>/dev/null
  run :memory: ".import --csv packed t" "SELECT count(*), max(id) FROM t"
  like "$tool" "$out" "imported 20000 rows*${nl}20000|19999"
  out=$("$SEINE" :memory: ".import --csv - t" "SELECT count(*) FROM t" <packed)
  like "$tool at standard input" "$out" "imported 20000 rows*${nl}20000"
  out=$(cat packed | "$SEINE" :memory: ".import --csv - t" \
    "SELECT count(*) FROM t")
  like "$tool from a pipe" "$out" "imported 20000 rows*${nl}20000"
  run :memory: ".import --csv '|cat packed' t" "SELECT count(*) FROM t"
  like "$tool from a command" "$out" "imported 20000 rows*${nl}20000"
done

# 4
gzip -c big.csv | head -c 20000 >torn.gz
run f.seine ".import --csv torn.gz t"
is "a torn file fails" "$code" 1
like "and tells" "$err" "*Error: gzip failed*: nothing was imported"
run f.seine ".tables"
is "and leaves nothing" "$out" ""
run f.seine ".import '|echo 1,2; exit 3' t"
is "so does a command" "$err" "Error: |echo 1,2; exit 3 failed with exit code\
 3: nothing was imported"
run f.seine ".import nosuch.csv t"
is "no such file" "$err" \
  "Error: cannot open nosuch.csv: No such file or directory"
run f.seine ".import . t"
is "a folder" "$err" "Error: . is a directory"
run f.seine ".import -xls a.csv t"
like "no such format" "$err" "Error: no such import option: -xls *"
run f.seine ".import a.csv"
is "no table" "$code" 1
run f.seine ".tables"
is "still nothing" "$out" ""
run -readonly csv.seine ".import a.csv t"
is "-readonly" "$code" 1

# 5
printf '{"id":1}\nnot json\n{"id":3}\n{"id":\n' >bad.ndjson
run r.seine ".import bad.ndjson t"
like "rejects are counted" "$out" "imported 2 rows into t (2 rejects) in *"
is "and are no failure" "$code" 0
query=$(printf '%s\n' "$out" | sed -n 's/^rejects: //p')
run -list r.seine "$query"
like "the query that is told shows them" "$out" \
  "2|*|not json${nl}4|*|{\"id\":"
finish
