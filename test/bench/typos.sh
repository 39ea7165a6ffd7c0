#!/bin/sh
# typos.sh [DATA]: how often the first suggestion for a misspelt word is right:
# suggest() over the articles of the data folder, asked for a public list of
# misspellings.  `make bench-typos` calls it from the build folder; SEINE_SRC
# and SEINE_BUILD come from there.
#   BENCH_TYPOS  the list: lines "wrong->right" (else that of Python's package
#                codespell, when it is installed: pip install codespell)
#   BENCH_KEEP   1: take the database of the run before
. "${SEINE_SRC:-$(dirname "$0")/../..}/test/bench/common.sh"
dir=$build/t/bench-typos
mkdir -p "$dir"
cd "$dir"

skip() { echo "bench-typos: skipped: $*"; exit 0; }
command -v python3 >/dev/null || skip 'python3 is not here'
list=${BENCH_TYPOS:-$(python3 "$here/typos.py" list)}
test -f "$list" || skip 'no list: pip install codespell, or BENCH_TYPOS=FILE'

if test "$BENCH_KEEP" != 1 || ! test -f typos.db; then
  rm -f typos.db
  python3 "$here/corpus.py" "$data" >corpus.ndjson
  test -s corpus.ndjson || skip 'no articles in the data folder'
  "$build/seine" typos.db 'CREATE TABLE c(id INTEGER, text TEXT)' \
    '.import corpus.ndjson c' >/dev/null
  rm corpus.ndjson
fi
python3 "$here/typos.py" words "$list" >words.sql
"$build/seine" typos.db <words.sql >words
python3 "$here/typos.py" ask "$list" words >ask.sql
"$build/seine" typos.db <ask.sql >answers
python3 "$here/typos.py" judge "$list" words answers
