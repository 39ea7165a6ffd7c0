#!/bin/sh
# logs.sh [DATA]: what a log costs when every field is indexed, has a column,
# and the source line is kept: bytes by part, as loaded and after OPTIMIZE, and
# the CPU time of both.  `make bench-logs` calls it from the build folder.
#   BENCH_LOGS      so many logs (2000000)
#   BENCH_THREADS   PRAGMA threads (1)
#   BENCH_GENDATA   the generator gendata (beside DATA, in tool)
. "${SEINE_SRC:-$(dirname "$0")/../..}/test/bench/common.sh"
logs=${BENCH_LOGS:-2000000}
dir=$build/t/bench-logs
if test ! -x "$gendata"; then
  printf 'bench-logs: skipped: no gendata\n'
  exit 0
fi
mkdir -p "$dir"
cd "$dir"
rm -f logs.db

# Each record with its own line as one more field.
if test ! -s "$logs.ndjson"; then
  "$gendata" logs "$logs" --seed 3 |
    sed 'h; s/[\\"]/\\&/g; s/.*/,"line":"&"}/; H; x; s/}\n//' >"$logs.new"
  mv "$logs.new" "$logs.ndjson"
fi

# A BLOB is kept and not indexed.
"$build/seine" logs.db 'CREATE TABLE logs (
  "@timestamp" TIMESTAMP, host KEYWORD, clientip IP, verb KEYWORD,
  request TEXT, response INTEGER, bytes INTEGER, duration_ms REAL,
  referrer KEYWORD, agent TEXT, country KEYWORD, city KEYWORD,
  location GEOPOINT, line BLOB)'
parts() { # WHEN: bytes a log, over all segments
  "$build/seine" logs.db 'PRAGMA segments' | awk -F'|' -v when="$1" '
    { n += $3; for (i = 5; i <= 10; i++) sum[i] += $i; segments++ }
    END {
      printf "%-9s %8d", when, segments
      for (i = 5; i <= 10; i++) printf " %10.1f", sum[i] / n
      print ""
    }'
}
spent() { # WHEN COMMAND: its user and system seconds
  # shellcheck disable=SC2016
  sh -c '"$0" logs.db "PRAGMA threads = $1; PRAGMA tight_rows = 1" "$2" >log
    times' \
    "$build/seine" "${BENCH_THREADS:-1}" "$2" | sed -n "2s/^/$1: CPU /p"
}
spent loaded ".import $logs.ndjson logs"
before=$(parts loaded)
spent optimized 'OPTIMIZE logs'
printf '%-9s %8s %10s %10s %10s %10s %10s %10s\n' bytes/log segments \
  all postings norms dictionary columns rows
printf '%s\n' "$before"
parts optimized
