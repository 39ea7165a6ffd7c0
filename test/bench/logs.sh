#!/bin/sh
# logs.sh [DATA]: what a log costs when every field is indexed, has a column,
# and the source line is kept: bytes by part, as loaded and after OPTIMIZE; and
# beside Lucene (peers/lucene/Logs.java) bytes and logs a second of CPU.  `make
# bench-logs` calls it from the build folder.
#   BENCH_LOGS      so many logs (2000000)
#   BENCH_THREADS   PRAGMA threads (1)
#   BENCH_GENDATA   the generator gendata (beside DATA, in tool)
#   BENCH_ENGINES   (seine lucene)
#   JAVA_HOME       a JDK of 21 or later, for Lucene
. "${SEINE_SRC:-$(dirname "$0")/../..}/test/bench/common.sh"
logs=${BENCH_LOGS:-2000000}
dir=$build/t/bench-logs
if test ! -x "$gendata"; then
  printf 'bench-logs: skipped: no gendata\n'
  exit 0
fi
mkdir -p "$dir"
cd "$dir"
rm -f logs.db seconds
: >table

# Each record with its own line as one more field.
if test ! -s "$logs.ndjson"; then
  "$gendata" logs "$logs" --seed 3 |
    sed 'h; s/[\\"]/\\&/g; s/.*/,"line":"&"}/; H; x; s/}\n//' >"$logs.new"
  mv "$logs.new" "$logs.ndjson"
fi

row() { # NAME LOGS BYTES SECONDS [SECONDS]: of the process; of its one thread
  awk -v name="$1" -v n="$2" -v bytes="$3" -v cpu="$4" -v one="$5" 'BEGIN {
    printf "%-24s %10.1f %14d %14s\n", name, bytes / n, n / cpu,
      one == "" ? "-" : sprintf("%d", n / one)
  }' >>table
}

# ---- Seine ------------------------------------------------------------------

parts() { # WHEN: bytes a log, over all segments
  "$build/seine" logs.db 'PRAGMA segments' | awk -F'|' -v when="$1" '
    { n += $3; for (i = 5; i <= 10; i++) sum[i] += $i; segments++ }
    END {
      printf "%-9s %8d", when, segments
      for (i = 5; i <= 10; i++) printf " %10.1f", sum[i] / n
      print ""
    }'
}
# Its user and system seconds, added to those before.
spent() { # COMMAND
  # shellcheck disable=SC2016
  sh -c '"$0" logs.db "PRAGMA threads = $1; PRAGMA tight_rows = 1" "$2" >log
    times' "$build/seine" "${BENCH_THREADS:-1}" "$1" |
    awk 'NR == 2 { gsub("s", ""); split($1, u, "m"); split($2, s, "m")
      print 60 * (u[1] + s[1]) + u[2] + s[2] }' >>seconds
}
measured() { # WHEN
  row "seine, $1" "$logs" "$("$build/seine" logs.db 'PRAGMA segments' |
    awk -F'|' '{ sum += $5 } END { print sum }')" \
    "$(awk '{ sum += $1 } END { print sum }' seconds)"
}
run_seine() {
  # A BLOB is kept and not indexed.
  "$build/seine" logs.db 'CREATE TABLE logs (
    "@timestamp" TIMESTAMP, host KEYWORD, clientip IP, verb KEYWORD,
    request TEXT, response INTEGER, bytes INTEGER, duration_ms REAL,
    referrer KEYWORD, agent TEXT, country KEYWORD, city KEYWORD,
    location GEOPOINT, line BLOB)'
  printf '%-9s %8s %10s %10s %10s %10s %10s %10s\n' bytes/log segments \
    all postings norms dictionary columns rows
  spent ".import $logs.ndjson logs"
  parts loaded
  measured loaded
  spent 'OPTIMIZE logs'
  parts optimized
  measured optimized
}

# ---- Lucene -----------------------------------------------------------------

run_lucene() {
  if ! lucene Logs >lucene.log 2>&1; then
    printf 'bench-logs: skipped: lucene: %s\n' "$(tail -n 1 lucene.log)"
    return
  fi
  for mode in speed compression; do
    rm -rf lucene.index
    ./lucene-Logs "$logs.ndjson" lucene.index $mode >lucene.out 2>lucene.err ||
      { cat lucene.err >&2; exit 1; }
    case $mode in speed) name=LZ4 ;; *) name=DEFLATE ;; esac
    when=loaded
    while read -r n bytes one all; do
      row "lucene $name, $when" "$n" "$bytes" "$all" "$one"
      when=merged
    done <lucene.out
  done
  rm -rf lucene.index
}

for e in ${BENCH_ENGINES:-seine lucene}; do run_$e; done
printf '\n%-24s %10s %14s %14s\n' '' bytes/log 'logs/s of CPU' 'of the thread'
cat table
