#!/bin/sh
# commit.sh: durable commits of one row, beside SQLite with a write-ahead log
# and synchronous = FULL: the same rows, the same file system, in turns (and, as
# fts5, rows that it can search as Seine can, and, as alone, Seine without a
# thread that merges behind the commits); then snapshots, opens, commits beside
# a merge, and what comes after kill -9.  The figures are held against bars.
# bench_commit.c says how each is taken.
# `make bench-commit` calls it from the build folder; SEINE_SRC, SEINE_BUILD,
# CC and LIBS come from there.
#   BENCH_PARTS    (commits merge snapshot open kill)
#   BENCH_THREADS  (1 2 4 8)
#   BENCH_ROUNDS   turns of each engine; the median counts (5)
#   BENCH_SECONDS  of a turn (3)
#   BENCH_SIZES    MB of the files to open (1 100 1000)
#   BENCH_DIR      where the files are made (t/bench-commit of the build
#                  folder): it should be a real disk
. "${SEINE_SRC:-$(dirname "$0")/../..}/test/bench/common.sh"
parts=${BENCH_PARTS:-commits merge snapshot open kill}
threads=${BENCH_THREADS:-1 2 4 8}
rounds=${BENCH_ROUNDS:-5}
seconds=${BENCH_SECONDS:-3}
sizes=${BENCH_SIZES:-1 100 1000}
dir=${BENCH_DIR:-$build/t/bench-commit}
mkdir -p "$dir"
cd "$dir"

say() { printf '%s\n' "$*"; }

cc=${CC:-cc}
flags='-std=c11 -O2 -Wall -Wextra'
libs=${LIBS:--llz4 -lxxhash -lutf8proc -lstemmer -lm -lpthread}
# shellcheck disable=SC2086
$cc $flags -I"$build" -o commit-seine "$here/bench_commit.c" \
  "$build/libseine.a" $libs
# shellcheck disable=SC2086
$cc $flags -DBENCH_ALONE -I"$build" -o commit-alone \
  "$here/bench_commit.c" "$build/libseine.a" $libs
engines=seine
if $cc $flags -DBENCH_SQLITE -o commit-sqlite "$here/bench_commit.c" \
  -lsqlite3 -lpthread 2>sqlite.err
then
  engines='seine sqlite'
  $cc $flags -DBENCH_SQLITE -DBENCH_FTS5 -o commit-fts5 \
    "$here/bench_commit.c" -lsqlite3 -lpthread
else
  say 'bench-commit: skipped: SQLite: no sqlite3.h and libsqlite3 here'
fi
want() { case " $parts " in *" $1 "*) ;; *) return 1 ;; esac; }
trap 'rm -f ./*.db ./*.db-wal ./*.db-shm' EXIT

# row FILE KEY: the median of each column of the lines that begin with KEY.
row() {
  awk -v key="$2" '
    index($0, key " ") == 1 {
      $0 = substr($0, length(key) + 2)
      n++
      for (i = 1; i <= NF; i++) v[i, n] = $i
      if (NF > cols) cols = NF
    }
    END {
      for (i = 1; i <= cols; i++) {
        for (a = 2; a <= n; a++)
          for (b = a; b > 1 && v[i, b - 1] + 0 > v[i, b] + 0; b--) {
            t = v[i, b]; v[i, b] = v[i, b - 1]; v[i, b - 1] = t
          }
        printf "%s%s", v[i, int((n + 1) / 2)], i < cols ? " " : "\n"
      }
    }' "$1"
}
# bar WHAT VALUE <=|>= BAR
bar() {
  awk -v what="$1" -v x="$2" -v op="$3" -v y="$4" 'BEGIN {
    if (x == "") exit
    met = op == "<=" ? x + 0 <= y + 0 : x + 0 >= y + 0
    printf "  bar: %s %s, %s %s: %s\n", what, x, op, y, met ? "met" : "MISSED"
  }'
}
per() { awk -v a="$1" -v b="$2" 'BEGIN { if (b > 0) printf "%.2f", a / b }'; }

if want commits; then
  say "## Durable commits of one row of 500 bytes, $rounds turns of $seconds s"
  : >commits.txt
  all="$engines alone"
  test ! -x commit-fts5 || all="$all fts5"
  for t in $threads; do
    r=0
    while test $r -lt "$rounds"; do
      for e in $all; do
        say "$e-$t $(./commit-$e commits $e.db "$t" "$seconds")"
      done >>commits.txt
      r=$((r + 1))
    done
  done
  printf '%-8s %7s %10s %9s %9s %9s\n' engine threads commits/s 'p50 us' \
    'p99 us' 'max us'
  for t in $threads; do
    for e in $all; do
      # shellcheck disable=SC2046
      printf '%-8s %7d %10d %9d %9d %9d\n' $e "$t" $(row commits.txt "$e-$t")
    done
  done
  first() { row commits.txt "$1" | cut -d' ' -f1; }
  one=$(first sqlite-1)
  bar 'one thread, times SQLite' "$(per "$(first seine-1)" "$one")" '>=' 1
  bar "8 threads, times one of SQLite" "$(per "$(first seine-8)" "$one")" \
    '>=' 4
fi

if want merge; then
  say '' '## Commits beside a merge of 64 MB, over and over'
  for e in $engines; do
    # shellcheck disable=SC2046
    printf '%-8s %d/s, p50 %d us, p99 %d us, max %d us, %d merges\n' $e \
      $(./commit-$e merge $e.db 64 $((seconds * 2))) | tee merge.$e
  done
  bar 'p99 in us' "$(sed 's/.*p99 \([0-9]*\).*/\1/' merge.seine)" '<=' 3000
fi

if want snapshot; then
  say '' '## Read transactions, ns'
  for e in $engines; do
    # shellcheck disable=SC2046
    printf '%-8s begin and end %d, with a look-up %d, the look-up alone %d\n' \
      $e $(./commit-$e snapshot $e.db 20000) | tee snapshot.$e
  done
  bar 'begin and end in ns' \
    "$(sed 's/.*and end \([0-9]*\).*/\1/' snapshot.seine)" '<=' 2000
fi

if want open; then
  say '' '## Opening, ms: open and close, the same uncached, to the first row'
  for mb in $sizes; do
    for e in $engines; do
      ./commit-$e fill $e.db "$mb"
      # shellcheck disable=SC2046
      printf '%-8s %5d MB: %s %s %s\n' $e "$mb" $(./commit-$e open $e.db) |
        tee open.$e
    done
    bar "$mb MB in ms" "$(awk '{ print $4 }' open.seine)" '<=' 5
  done
fi

if want kill; then
  say '' '## After kill -9, ms: the worst of 20'
  for e in $engines; do
    # shellcheck disable=SC2046
    printf '%-8s first row %s, first commit %s (%d rows, none lost)\n' $e \
      $(./commit-$e kill $e.db 20)
  done
fi
