#!/bin/sh
# percolate.sh: 100,000 stored queries against 1,000 documents, one at a time:
# the processor time of a statement in milliseconds, median and p99.
#
# Words are drawn by rank, so that word k is about as frequent as 1 / k; the
# queries have two or three of them: half AND, a quarter OR of rare words, the
# rest with an exclusion or a phrase.  A document has 100 words.
. "$(dirname "$0")/common.sh"
queries=${QUERIES:-100000}
docs=${DOCS:-1000}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
awk -v queries="$queries" -v docs="$docs" 'BEGIN {
  srand(1); most = 50000
  print "CREATE TABLE articles(title TEXT, body TEXT);"
  print "CREATE TABLE alerts(q TEXT ANALYZER \x27query(articles)\x27);"
  print "BEGIN;"
  for (i = 0; i < queries; i++) {
    a = word(); b = word(); c = "w" int(1000 + rand() * (most - 1000))
    kind = i % 8
    if (kind < 4) q = a " AND " b " AND " c
    else if (kind < 6) q = c " OR w" int(1000 + rand() * (most - 1000))
    else if (kind == 6) q = "+" c " -" a
    else q = "\"" a " " b "\""
    print "INSERT INTO alerts VALUES (\x27" q "\x27);"
  }
  print "COMMIT;"
  print "OPTIMIZE;"
  for (i = 0; i < docs + 50; i++) {
    if (i == 50) print ".timer on"
    s = ""
    for (k = 0; k < 100; k++) s = s " " word()
    print "SELECT count(*) FROM percolate(alerts.q, \x27{\"body\": \"" s "\"}\x27);"
  }
}
function word() { return "w" int(exp(rand() * log(most))) }' >"$dir/run.sql"
"$build/seine" "$dir/db" <"$dir/run.sql" >"$dir/out" 2>&1
sed -n 's/^Run Time:.* user \([0-9.]*\) sys \([0-9.]*\),.*/\1 \2/p' \
  "$dir/out" | awk '{ print ($1 + $2) * 1000 }' | sort -n |
  awk '{ t[NR] = $1 } END {
  if (!NR) { print "no times were printed"; exit 1 }
  printf "percolate: %d documents, median %.3f ms, p99 %.3f ms of the processor\n",
    NR, t[int((NR + 1) / 2)], t[int(NR * 0.99)] }'
awk '/^[0-9]+$/ { n++; s += $1 } END { printf "matches a document: %.1f\n", s / n }' \
  "$dir/out"
