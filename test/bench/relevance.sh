#!/bin/sh
# relevance.sh COLLECTION: how good the ten best are: nDCG@10 of Seine's
# analyzer english and of Lucene's EnglishAnalyzer over a judged collection,
# and where these two cut words otherwise.  `make bench-relevance
# COLLECTION=folder` calls it from the build folder.  In the folder are:
#   documents.ndjson  {"id" or "_id", ...}: all other texts are searched, as one
#   queries.tsv       the id of a query, a tab, its text
#   qrels             as TREC's: id of a query, any, id of a document, judgement
# README.md here says how.
#   JAVA_HOME         a JDK of 21 or later, for Lucene
folder=$1
shift $#
. "${SEINE_SRC:-$(dirname "$0")/../..}/test/bench/common.sh"
skip() { printf 'bench-relevance: skipped: %s\n' "$*"; }
if test -z "$folder"; then
  skip 'no collection (make bench-relevance COLLECTION=folder)'
  exit 0
fi
for file in documents.ndjson queries.tsv qrels; do
  test -f "$folder/$file" || { skip "no $folder/$file"; exit 0; }
done
folder=$(absolute "$folder")
dir=$build/t/bench-relevance
rm -rf "$dir/seine.db"
mkdir -p "$dir"
cd "$dir"
relevance() { python3 "$here/relevance.py" "$@"; }
relevance prepare "$folder"

# Lines of query, document and score as lines of a query.
lists() {
  awk -F'|' '
    NR == 1 || $1 != last { if (NR > 1) print ""; printf "%s\t", $1 }
    { printf "%s:%s ", $2, $3; last = $1 }
    END { if (NR) print "" }'
}
"$build/seine" seine.db \
  'CREATE TABLE docs(id INTEGER, text TEXT ANALYZER english)' \
  '.import corpus.ndjson docs' 'OPTIMIZE docs' >log
"$build/seine" seine.db <search.sql | lists >seine.list
"$build/seine" :memory: <terms.sql >seine.terms

if ! lucene Relevance >lucene.log 2>&1; then
  skip "lucene: $(tail -n 1 lucene.log)"
  relevance judge "$folder" seine
  exit 0
fi
for chain in EnglishAnalyzer snowball; do
  ./lucene-Relevance search corpus.ndjson queries.tsv $chain \
    >lucene-$chain.list 2>lucene.err || { cat lucene.err >&2; exit 1; }
  ./lucene-Relevance terms words.txt $chain >lucene-$chain.terms \
    2>lucene.err || { cat lucene.err >&2; exit 1; }
done
relevance judge "$folder" lucene-EnglishAnalyzer lucene-snowball seine
relevance terms seine lucene-EnglishAnalyzer
relevance terms seine lucene-snowball
