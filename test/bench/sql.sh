#!/bin/sh
# sql.sh [DATA]: SQL over tables that are generated here: ClickBench's, TPC-H's,
# and searches with aggregations; Seine beside DuckDB and SQLite.  README.md
# says what is measured and how.  `make bench-sql` calls it from the build
# folder; SEINE_SRC, SEINE_BUILD, CC and LIBS come from there.
#   BENCH_PARTS    what to do: "clickbench tpch search"
#   BENCH_ROWS     rows of ClickBench's table (1000000)
#   BENCH_SCALE    TPC-H's scale factor (0.1)
#   BENCH_LOGS     logs that are searched (1000000)
#   BENCH_ENGINES  peers: "duckdb sqlite"
#   BENCH_RUNS     warm runs of a statement (5)
#   BENCH_SECONDS  what a statement may take, and all of its runs (20)
#   BENCH_THREADS  of loads and queries (1)
#   BENCH_SEED     of the generators (1)
#   BENCH_KEEP     1: take databases from the run before, if there
. "${SEINE_SRC:-$(dirname "$0")/../..}/test/bench/common.sh"
rows=${BENCH_ROWS:-1000000}
runs=${BENCH_RUNS:-5}
seconds=${BENCH_SECONDS:-20}
threads=${BENCH_THREADS:-1}
scale=${BENCH_SCALE:-0.1}
logs=${BENCH_LOGS:-1000000}
seed=${BENCH_SEED:-1}
dir=$build/t/bench-sql
mkdir -p "$dir"
cd "$dir"

say() { printf '%s\n' "$*"; }
skip() { say "bench-sql: skipped: $*"; }

if ! command -v python3 >/dev/null; then
  skip 'all of it: no python3'
  exit 0
fi

# ---- the programs ------------------------------------------------------------

cc=${CC:-cc}
flags='-std=c11 -O2 -Wall -Wextra'
libs=${LIBS:--llz4 -lxxhash -lutf8proc -lstemmer -lm -lpthread}
# shellcheck disable=SC2086
for program in bench sql_driver; do
  $cc $flags -I"$build" -o $program "$here/$program.c" "$build/libseine.a" $libs
done
$cc -std=c11 -O2 -o clickbench "$here/clickbench.c"
$cc -std=c11 -O2 -o tpch "$here/tpch.c"
PYTHONDONTWRITEBYTECODE=1 python3 -m doctest "$here/sql_bench.py"
python3 "$here/sql_peer.py" here >peers.tsv
peers=
for engine in ${BENCH_ENGINES-duckdb sqlite}; do
  if grep -q "^$engine	" peers.tsv; then peers="$peers $engine"; else
    skip "$engine: python3 has no module $engine (pip install duckdb)"
  fi
done

# ---- a set -------------------------------------------------------------------

# load ENGINE CASES TABLE=FILE...: ENGINE.load is a row of the table of loads.
load() {
  l_engine=$1 l_cases=$2
  shift 2
  if test -n "$BENCH_KEEP" && test -s "$l_engine.load"; then return 0; fi
  rm -f "$l_engine.db" "$l_engine.db"-* "$l_engine.db.wal" "$l_engine.load"
  python3 "$here/sql_bench.py" schema "$l_engine" "$l_cases" >"$l_engine.schema"
  if test "$l_engine" != seine; then
    python3 "$here/sql_peer.py" load "$l_engine" "$l_engine.db" "$threads" \
      "$l_engine.schema" "$@" >load.new || return 1
  else
    l_before="PRAGMA threads = $threads; $(cat seine.schema)"
    for pair; do
      ../bench load seine.db "$l_before" "${pair%%=*}" '' "${pair#*=}" ||
        return 1
      l_before="PRAGMA threads = $threads"
    done >load.tables
    awk -F'\t' -v OFS='\t' '
      { n += $1; cpu += $2; wall += $3; if ($4 > peak) peak = $4; size = $5 }
      END { printf "%.0f\t%.3f\t%.3f\t%.0f\t%.0f\n", n, cpu, wall, peak, size }
      ' load.tables >load.new
  fi
  mv load.new "$l_engine.load"
}

# set_of CASES SIZE TABLE=FILE...: loads, then the statements.
set_of() {
  s_cases=$1 s_size=$2
  shift 2
  s_engines=
  for e in seine $peers; do
    if load "$e" "$s_cases" "$@"; then s_engines="$s_engines $e"
    elif test "$e" = seine; then return 1
    else skip "$e: it cannot load this"; fi
  done
  printf '%-10s %10s %11s %11s %10s %9s\n' load rows 'rows/s cpu' \
    'rows/s wall' 'MB of file' 'peak MB'
  for e in $s_engines; do
    awk -F'\t' -v e="$e" '{ printf "%-10s %10d %11.0f %11.0f %10.1f %9.0f\n",
      e, $1, $1 / $2, $1 / $3, $5 / 1e6, $4 / 1024 }' "$e.load"
  done
  say ''
  # shellcheck disable=SC2046
  python3 "$here/sql_bench.py" run "$s_cases" "$s_size" "$runs" "$seconds" \
    "$threads" $(for e in $s_engines; do say "$e=$e.db"; done) || failed=1
}

clickbench() {
  say '' "## ClickBench, $rows rows" ''
  mkdir -p "clickbench-$rows"
  cd "clickbench-$rows"
  if test ! -s hits.csv; then
    ../clickbench "$rows" "$seed" >hits.new
    mv hits.new hits.csv
  fi
  set_of "$here/clickbench.sql" "$rows" hits=hits.csv
  cd ..
}

tpch() {
  say '' "## TPC-H, scale $scale" ''
  mkdir -p "tpch-$scale"
  cd "tpch-$scale"
  set --
  for t in region nation supplier part partsupp customer orders lineitem; do
    set -- "$@" "$t=$t.csv"
    test ! -s "$t.csv" || continue
    ../tpch "$scale" "$t" "$seed" >"$t.new"
    mv "$t.new" "$t.csv"
  done
  set_of "$here/tpch.sql" "$scale" "$@"
  cd ..
}

search() {
  say '' "## Searches with aggregations, $logs logs" ''
  if test ! -f "$data/commits.ndjson.zst" || ! command -v zstd >/dev/null; then
    skip 'search: no commits.ndjson.zst in the data folder, or no zstd'
    return 0
  fi
  if test ! -x "$gendata"; then skip 'search: no gendata'; return 0; fi
  mkdir -p "search-$logs"
  cd "search-$logs"
  if test ! -s logs.csv; then
    zstd -dqc "$data/commits.ndjson.zst" |
      python3 "$here/sql_corpus.py" articles >articles.csv
    "$gendata" logs "$logs" --seed 3 |
      python3 "$here/sql_corpus.py" logs >logs.new
    mv logs.new logs.csv
  fi
  set_of "$here/sql_search.sql" "$logs" articles=articles.csv logs=logs.csv
  cd ..
}

# ---- all ---------------------------------------------------------------------

failed=0
say "Seine $(cat "$src/VERSION"); peers:$(tr '\t' ' ' <peers.tsv |
  sed 's/^/ /' | tr '\n' ';') threads: $threads"
for part in ${BENCH_PARTS:-clickbench tpch search}; do
  case $part in
    clickbench) clickbench ;;
    tpch) tpch ;;
    search) search ;;
    *) skip "unknown part $part" ;;
  esac
done
exit $failed
