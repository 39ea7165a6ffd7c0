#!/bin/sh
# callgrind.sh [DATA]: instructions that Seine runs for a query, in all and per
# posting of its words, counted by valgrind: the same each time but for an
# instruction or two, on a busy machine too, so that one compiler and one kind
# of processor can follow it from commit to commit.  It says nothing of memory
# that is waited for.
# `make bench-callgrind` calls it from the build folder; SEINE_SRC,
# SEINE_BUILD, CC and LIBS come from there.  The corpus is
# `gendata text 20000 --seed 7`, as corpus.py cuts it.
#   BENCH_GENDATA  the generator gendata (else beside DATA, in tool)
#   BENCH_PAIRS    PRAGMA word_pairs of the index (0)
. "${SEINE_SRC:-$(dirname "$0")/../..}/test/bench/common.sh"
dir=$build/t/bench-callgrind
few=2 many=12
mkdir -p "$dir"
cd "$dir"

skip() { echo "bench-callgrind: skipped: $*"; exit 0; }
command -v valgrind >/dev/null || skip 'valgrind is not here'
command -v python3 >/dev/null || skip 'python3 is not here'
test -x "$gendata" || skip 'no gendata'

# shellcheck disable=SC2086
${CC:-cc} -std=c11 -O2 -Wall -Wextra -I"$build" -o search \
  "$here/bench_search.c" "$build/libseine.a" \
  ${LIBS:--llz4 -lxxhash -lutf8proc -lstemmer -lm -lpthread}
"$gendata" text 20000 --seed 7 | python3 "$here/corpus.py" "$data" - \
  >corpus.ndjson
./search index corpus.ndjson index >/dev/null

# hits COMMAND QUERY: a number, or -1 when COMMAND does not count.
hits() {
  printf '%s\t%s\n' "$1" "$2" >query.tsv
  ./search search index query.tsv 1 | cut -f4
}

postings() { # QUERY: the documents of each of its words, added up
  p_sum=0
  for p_word in $(printf '%s' "$1" | tr -d '+"'); do
    p_sum=$((p_sum + $(hits COUNT "$p_word")))
  done
  echo $p_sum
}

instructions() { # COMMAND QUERY REPEATS: those of the whole process
  printf '%s\t%s\n' "$1" "$2" >query.tsv
  valgrind --tool=callgrind --callgrind-out-file=/dev/null \
    ./search search index query.tsv "$3" >result 2>valgrind.err ||
    { cat valgrind.err >&2; exit 1; }
  sed -n 's/.*Collected : \([0-9]*\).*/\1/p' valgrind.err
}

# What starts, warms up and ends is the same in both runs: the difference is
# that of many - few queries.
measure() { # COMMAND QUERY
  m_few=$(instructions "$1" "$2" $few)
  m_many=$(instructions "$1" "$2" $many)
  printf '%s\t%s\t%s\t%s\t%s\n' "$1" "$2" "$(hits COUNT "$2")" \
    "$(postings "$2")" $(((m_many - m_few) / (many - few)))
}

# A word of a third of the documents; two and five such; neighbours; and a word
# that is nowhere: what a query costs before it has a posting.
for command in TOP_10 COUNT; do
  for query in nowhere with '+with +from' 'with from' \
    'this with for from two' '"would the"'; do
    measure $command "$query"
  done
done >rows.tsv
awk -F'\t' '
  BEGIN {
    printf "%-8s%-26s%9s%9s%14s%12s\n", "command", "query", "hits", \
      "postings", "instructions", "per posting"
  }
  {
    printf "%-8s%-26s%9d%9d%14d%12s\n", $1, $2, $3, $4, $5, \
      $4 ? sprintf("%.2f", $5 / $4) : "-"
  }' rows.tsv
