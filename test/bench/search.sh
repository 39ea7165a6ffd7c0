#!/bin/sh
# search.sh [DATA]: Seine beside Lucene, tantivy and SQLite's FTS5: many
# queries over one corpus, each in one segment, one thread, warm, the best of
# several runs of each query, the engines in turn; answers compared.  README.md
# here says how.
# `make bench-search` calls it from the build folder; SEINE_SRC, SEINE_BUILD,
# CC and LIBS come from there.  DATA (or BENCH_DATA) is the folder of the data
# sets, ../shared/data beside the source tree when not given.
#   BENCH_SET             articles: those of DATA; commits, text1m: the corpus
#                         of DATA/queries-SET.tsv, whose counts are checked
#                         (articles)
#   BENCH_SEARCH_QUERIES  another list of queries: for articles JSON lines of
#                         {"query", "tags"} (sbg-queries.txt in research,
#                         beside DATA), else lines as in DATA/queries-SET.tsv
#   BENCH_COMMANDS        (TOP_10 TOP_100 TOP_1000 TOP_100_COUNT COUNT)
#   BENCH_ENGINES         (seine lucene tantivy fts5)
#   BENCH_DOCUMENTS       so many documents, generated with the words of the
#                         set; 0: the set as it is (0)
#   BENCH_GENDATA         the generator gendata, for text1m (beside DATA, in
#                         tool)
#   BENCH_REPEATS         timed runs of a query (10)
#   BENCH_LIMIT           seconds that these may take together; FTS5 is stopped
#                         when its first run takes more (2)
#   BENCH_PAIRS           Seine's PRAGMA word_pairs (0)
#   BENCH_KEEP            1: take corpus and indexes from the run before
#   JAVA_HOME             a JDK of 21 or later, for Lucene
. "${SEINE_SRC:-$(dirname "$0")/../..}/test/bench/common.sh"
set=${BENCH_SET:-articles}
commands=${BENCH_COMMANDS:-TOP_10 TOP_100 TOP_1000 TOP_100_COUNT COUNT}
engines=${BENCH_ENGINES:-seine lucene tantivy fts5}
documents=${BENCH_DOCUMENTS:-0}
repeats=${BENCH_REPEATS:-10}
limit=${BENCH_LIMIT:-2}
cc=${CC:-cc}
flags='-std=c11 -O2 -Wall -Wextra'
dir=$build/t/bench-search
# base: the folder of the set as it is; work: that of this run.
case $set in
  articles)
    list=$data/../research/sbg-queries.txt base=. work=$documents ;;
  commits | text1m)
    list=$data/queries-$set.tsv base=$set work=$set-$documents ;;
  *) printf 'search.sh: no set %s\n' "$set" >&2; exit 2 ;;
esac
test "$documents" != 0 || work=$base
queries=${BENCH_SEARCH_QUERIES:-$list}
mkdir -p "$dir/$base" "$dir/$work"
cd "$dir"

say() { printf '%s\n' "$*"; }
skip() { say "bench-search: skipped: $*"; }
have() { command -v "$1" >/dev/null; }

# ---- the programs: build_ENGINE makes ./search-ENGINE ------------------------

build_seine() {
  # shellcheck disable=SC2086
  $cc $flags -I"$build" -o search-seine "$here/bench_search.c" \
    "$build/libseine.a" ${LIBS:--llz4 -lxxhash -lutf8proc -lstemmer -lm -lpthread}
}

build_fts5() {
  # shellcheck disable=SC2086
  $cc $flags -DBENCH_SQLITE -o search-fts5 "$here/bench_search.c" -lsqlite3
}

build_lucene() {
  # What is being compiled is waited for, or a busy machine stays slow longer
  # than the passes that warm up.
  lucene Search -Xbatch && ln -sf lucene-Search search-lucene
}

build_tantivy() {
  have cargo || { say 'cargo is not here'; return 1; }
  mkdir -p tantivy
  cp -Rp "$here/peers/tantivy/." tantivy/   # of new times Cargo builds anew
  cargo build -q --release --manifest-path tantivy/Cargo.toml \
    --target-dir tantivy/target || return 1
  ln -sf tantivy/target/release/search search-tantivy
}

# ---- corpus and queries -----------------------------------------------------

have python3 || { skip 'everything: python3 is not here'; exit 0; }
if test ! -f "$queries"; then
  skip "everything: no list of queries at $queries"
  exit 0
fi

# Lines of a class, a query and, where the list knows it, its number of hits.
case $set in
  articles)
    sed 's/^{"query": "\(.*\)", "tags": \["\([^"]*\)".*/\2	\1/; s/\\"/"/g' \
      "$queries" ;;
  *)
    awk -F'\t' -v exact="$documents" '
      !/^#/ { print $1 "\t" $3 (exact == 0 ? "\t" $2 : "") }' "$queries" ;;
esac >"$work/classes.tsv"

# made FILE COMMAND: what COMMAND prints, in FILE when it is whole.
made() {
  if test -n "$BENCH_KEEP" && test -s "$1"; then return 0; fi
  $2 >"$1.new"
  mv "$1.new" "$1"
}
corpus() { python3 "$here/corpus.py" "$data" "$@"; }
whole() {
  case $set in
    articles) corpus ;;
    commits) corpus commits ;;
    text1m) "$gendata" text 1000000 --seed 7 | corpus - ;;
  esac
}
generated() {
  if test $set = text1m; then
    "$gendata" text "$documents" --seed 7 | corpus -
  else
    # shellcheck disable=SC2086
    $cc $flags -o gencorpus "$here/gencorpus.c"
    ./gencorpus $base/corpus.ndjson "$work/classes.tsv" "$documents"
  fi
}

if test $set = text1m && test ! -x "$gendata"; then
  skip 'everything: no gendata'
  exit 0
fi
if test $set != text1m || test "$documents" = 0; then
  made $base/corpus.ndjson whole
  if test ! -s $base/corpus.ndjson; then
    skip "everything: the data folder has no $set"
    exit 0
  fi
fi
if test "$documents" != 0; then made "$work/corpus.ndjson" generated; fi
if test $set != articles && test "$documents" != 0; then
  skip "the counts of $(basename "$queries"): they are those of the whole set"
fi

# ---- the run ----------------------------------------------------------------

built= results=
for e in $engines; do
  if ! build_$e >"$e.log" 2>&1; then
    skip "$e: $(tail -n 1 "$e.log")"
    continue
  fi
  at=$work/$e
  if test -z "$BENCH_KEEP" || test ! -s "$at.load"; then
    rm -rf "$at.index" "$at.load"
    ./search-$e index "$work/corpus.ndjson" "$at.index" \
      >"$at.new" 2>"$at.err" || { cat "$at.err" >&2; exit 1; }
    mv "$at.new" "$at.load"
  fi
  printf '%-8s %s\n' "$e" "$(cat "$at.load")"
  built="$built $e"
  results="$results $at.result"
done
test -n "$built" || exit 0
# shellcheck disable=SC2086
python3 "$here/ask.py" "$work" "$repeats" "$limit" \
  "$(echo $commands | tr ' ' ,)" $built
# shellcheck disable=SC2086
python3 "$here/compare.py" "$work/classes.tsv" $results
