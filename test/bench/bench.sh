#!/bin/sh
# bench.sh [DATA]: Seine beside SQLite (FTS5) and DuckDB: same data, same
# answers, one thread, one run.  README.md here says what is measured and how.
# `make bench` calls it from the build folder; SEINE_SRC, SEINE_BUILD, CC and
# LIBS come from there.  DATA (or BENCH_DATA) is the folder of the data sets,
# ../shared/data beside the source tree when not given.
#   BENCH_PARTS    what to do: "load search agg"
#   BENCH_QUERIES  queries of each class (5)
#   BENCH_RUNS     timed runs of a statement (11)
#   BENCH_LOGS     lines of the generated log (1000000)
#   BENCH_KEEP     1: take databases from the run before, if there
. "${SEINE_SRC:-$(dirname "$0")/../..}/test/bench/common.sh"
parts=${BENCH_PARTS:-load search agg}
runs=${BENCH_RUNS:-11}
per_class=${BENCH_QUERIES:-5}
n_logs=${BENCH_LOGS:-1000000}
dir=$build/t/bench
mkdir -p "$dir"
cd "$dir"

say() { printf '%s\n' "$*"; }
skip() { say "bench: skipped: $*"; }

# ---- the programs ------------------------------------------------------------

cc=${CC:-cc}
flags='-std=c11 -O2 -Wall -Wextra'
# shellcheck disable=SC2086
$cc $flags -I"$build" -o bench-seine "$here/bench.c" "$build/libseine.a" \
  ${LIBS:--llz4 -lxxhash -lutf8proc -lstemmer -lm -lpthread}
sqlite=
# shellcheck disable=SC2086
if $cc $flags -DBENCH_SQLITE -o bench-sqlite "$here/bench.c" -lsqlite3 \
  2>sqlite.err && ./bench-sqlite load probe.db \
  'CREATE VIRTUAL TABLE p USING fts5(a)' 'INSERT INTO p VALUES(?1)' '' \
  /dev/null >/dev/null 2>>sqlite.err
then
  sqlite=1
else
  skip 'SQLite: no sqlite3.h and libsqlite3 with FTS5 here'
fi
rm -f probe.db
duckdb=$(python3 "$here/peer_duckdb.py" here 2>/dev/null) ||
  skip 'DuckDB: python3 has no module duckdb (pip install duckdb)'

# ---- loading -----------------------------------------------------------------

unpack() { # SET.EXT: the file is here afterwards, or 1
  test -s "$1" && return 0
  if test -f "$data/$1"; then cp "$data/$1" "$1"; return; fi
  if test -f "$data/$1.zst" && command -v zstd >/dev/null; then
    zstd -dqf "$data/$1.zst" -o "$1"
    return
  fi
  skip "$1 (or $1.zst and zstd) is not in the data folder"
  return 1
}

# load ENGINE SET DB BEFORE INTO AFTER FILE
load() {
  l_engine=$1 l_set=$2 l_db=$3
  shift 3
  if test -n "$BENCH_KEEP" && test -s "$l_db"; then return 0; fi
  rm -f "$l_db" "$l_db-journal" "$l_db.wal"
  case $l_engine in
    duckdb) l_row=$(python3 "$here/peer_duckdb.py" load "$l_db" "$2" "$3") ;;
    *) l_row=$(./bench-$l_engine load "$l_db" "$@") ;;
  esac
  printf '%s\t%s\t%s\n' "$l_set" "$l_engine" "$l_row" >>load.tsv
}

# SQL for SQLite: json FIELD... is the list of json_extract of these.
json() {
  j_sep=
  for j; do
    printf '%s' "${j_sep}json_extract(?1,'\$.\"$j\"')"
    j_sep=,
  done
}
fts() { # TABLE TOKENIZER COLUMNS: an FTS5 index over the rows of TABLE
  say "CREATE VIRTUAL TABLE fts USING fts5($3, content='$1'," \
    "content_rowid='id', tokenize='$2'); INSERT INTO fts(fts)" \
    "VALUES('rebuild')"
}
quoted() { say "$*" | sed 's/[^ ]*/"&"/g; s/ /,/g'; }

load_text() { # commits: rows as they are, then title and body as bare words
  unpack commits.ndjson || return 0
  load seine commits commits.seine '' commits '' commits.ndjson
  c_cols='repo hash title body author date committed merge files added
    deleted dirs'
  test -n "$sqlite" || { skip 'search: its text is made by SQLite'; return 0; }
  # shellcheck disable=SC2046,SC2086
  load sqlite commits commits.sqlite "CREATE TABLE commits(id INTEGER
    PRIMARY KEY,$(quoted $c_cols))" "INSERT INTO commits
    VALUES($(json id $c_cols))" \
    "$(fts commits 'unicode61 remove_diacritics 0' title,body)" commits.ndjson
  if test -z "$BENCH_KEEP" || test ! -s text.ndjson; then
    ./bench-sqlite text commits.sqlite "SELECT id, title || ' ' || body
      FROM commits ORDER BY id" >text.ndjson
  fi
  load seine text text.seine 'CREATE TABLE text(id INTEGER,
    body TEXT ANALYZER standard)' text '' text.ndjson
  load sqlite text text.sqlite 'CREATE TABLE text(id INTEGER PRIMARY KEY,
    body TEXT)' "INSERT INTO text VALUES($(json id body))" \
    "$(fts text ascii body)" text.ndjson
}

load_packages() {
  unpack packages-en.ndjson || return 0
  load seine packages-en packages.seine '' packages '' packages-en.ndjson
  test -n "$sqlite" || return 0
  p_cols='package source version section priority arch size installed_kb
    maintainer homepage tags depends n_depends multi_arch essential title body'
  # shellcheck disable=SC2046,SC2086
  load sqlite packages-en packages.sqlite "CREATE TABLE packages(id INTEGER
    PRIMARY KEY,$(quoted $p_cols))" "INSERT INTO packages
    VALUES($(json id $p_cols))" \
    "$(fts packages 'unicode61 remove_diacritics 0' title,body)" \
    packages-en.ndjson
}

load_logs() {
  g_file=logs-$n_logs.ndjson
  if test ! -s "$g_file"; then
    test -x "$gendata" || { skip 'logs: no gendata'; return 0; }
    "$gendata" logs "$n_logs" --seed 3 >"$g_file"
  fi
  g_cols='@timestamp host clientip verb request response bytes duration_ms
    referrer agent country city'
  load seine logs logs.seine '' logs '' "$g_file"
  load seine logs-fts logs-fts.seine 'CREATE TABLE logs("@timestamp" TIMESTAMP,
    host KEYWORD, clientip IP, verb KEYWORD, request TEXT, response INTEGER,
    bytes INTEGER, duration_ms REAL, referrer KEYWORD, agent TEXT,
    country KEYWORD, city KEYWORD, location GEOPOINT)' logs '' "$g_file"
  if test -n "$sqlite"; then
    # shellcheck disable=SC2046,SC2086
    set -- "CREATE TABLE logs(id INTEGER PRIMARY KEY,$(quoted $g_cols),
      lat REAL, lon REAL)" "INSERT INTO logs VALUES(NULL,$(json $g_cols),
      json_extract(?1,'\$.location.lat'), json_extract(?1,'\$.location.lon'))"
    load sqlite logs logs.sqlite "$1" "$2" '' "$g_file"
    load sqlite logs-fts logs-fts.sqlite "$1" "$2" \
      "$(fts logs 'unicode61 remove_diacritics 0' request,agent)" "$g_file"
  fi
  test -z "$duckdb" || load duckdb logs logs.duckdb '' logs \
    "SELECT * FROM read_json_auto('$g_file')"
}

load_flights() {
  unpack flights.csv || return 0
  load seine flights flights.seine '' flights '' flights.csv
  test -z "$sqlite" || load sqlite flights flights.sqlite 'CREATE TABLE
    flights(ts TEXT, delay INTEGER, distance INTEGER, origin TEXT,
    destination TEXT)' 'INSERT INTO flights VALUES(?1,?2,?3,?4,?5)' '' \
    flights.csv
  test -z "$duckdb" || load duckdb flights flights.duckdb '' flights \
    "SELECT * FROM read_csv_auto('flights.csv')"
}

report_load() {
  say '' '## Load' ''
  awk -F'\t' '
    BEGIN {
      print "ratio = CPU of the peer / CPU of Seine"
      printf "%-12s %-7s %8s %11s %11s %9s %9s %9s\n", "set", "engine", \
        "rows", "rows/s cpu", "rows/s wall", "bytes/row", "peak MB", "ratio"
    }
    $2 == "seine" { base[$1] = $4 }
    { printf "%-12s %-7s %8d %11.0f %11.0f %9.1f %9.0f %9s\n", $1, $2, $3, \
        $3 / $4, $3 / $5, $7 / $3, $6 / 1024, \
        base[$1] ? sprintf("%.2f", $4 / base[$1]) : "-" }' load.tsv
}

# ---- timing ------------------------------------------------------------------

# SQLite with a cache for all of it; FTS5 merged to one segment before it is
# timed.  Seine and DuckDB as they were loaded.
tuned='PRAGMA cache_size = -1000000; PRAGMA mmap_size = 1073741824'
merged="INSERT INTO fts(fts) VALUES('optimize')"

# timed ENGINE DB CASES [BEFORE]: NAME, rows, CPU us, wall us in ENGINE.DB.us,
# answers in the folder of that name.
timed() {
  t_out=$1.$2
  mkdir -p "$t_out"
  rm -f "$t_out"/*
  case $1 in
    seine) ./bench-seine run "$2.seine" '' "$runs" "$t_out" <"$3" ;;
    sqlite) ./bench-sqlite run "$2.sqlite" "$tuned;$4" "$runs" "$t_out" \
      <"$3" ;;
    duckdb) python3 "$here/peer_duckdb.py" run "$2.duckdb" "$runs" "$t_out" \
      <"$3" ;;
  esac >"$t_out.us"
}

# same FILE FILE: answers as sets of rows; reals to 9 digits, as they are
# added in different orders.
same() {
  if awk -F'\t' '
    function norm(line,    n, i, a, s) {
      n = split(line, a, "\t")
      for (i = 1; i <= n; i++)
        s = s "\t" (a[i] ~ /^-?[0-9]+[.][0-9]*(e[-+]?[0-9]+)?$/ ? \
          sprintf("%.9g", a[i]) : a[i])
      return s
    }
    NR == FNR { count[norm($0)]++; next }
    { count[norm($0)]-- }
    END { for (k in count) if (count[k]) exit 1 }' "$1" "$2"
  then echo same; else echo DIFFER; fi
}

# For awk: the median of numbers in a string.
median='
  function median(list,    n, i, j, a, t) {
    n = split(list, a, " ")
    for (i = 2; i <= n; i++)
      for (j = i; j > 1 && a[j - 1] + 0 > a[j] + 0; j--) {
        t = a[j]; a[j] = a[j - 1]; a[j - 1] = t
      }
    return (a[int((n + 1) / 2)] + a[int(n / 2) + 1]) / 2
  }
'

# ---- search ------------------------------------------------------------------

search() {
  say '' '## Search' ''
  if test ! -f "$data/queries-commits.tsv"; then
    skip 'search: no queries-commits.tsv'
    return 0
  fi
  if test ! -s text.seine || test ! -s text.sqlite; then
    skip 'search: commits is not loaded in both engines'
    return 0
  fi
  # Names are CLASS.K.top and CLASS.K.count; FTS5 wants its own syntax.
  awk -F'\t' -v per="$per_class" -v want=want.tsv '
    function fts(q,    n, i, a, s, no) {
      while (match(q, /[-+]?("[^"]*"|[^ ]+)/)) {
        a[++n] = substr(q, RSTART, RLENGTH)
        q = substr(q, RSTART + RLENGTH)
      }
      for (i = 1; i <= n; i++) {
        no = substr(a[i], 1, 1)
        if (no == "+" || no == "-") a[i] = substr(a[i], 2)
        if (a[i] ~ /[*]$/) a[i] = "\"" substr(a[i], 1, length(a[i]) - 1) "\"*"
        else if (a[i] !~ /^"/) a[i] = "\"" a[i] "\""
        s = s (i == 1 ? "" : no == "-" ? " NOT " : no == "+" ? " AND " : \
          " OR ") a[i]
      }
      return s
    }
    function put(file, kind, sql) {
      print $1 "." k[$1] "." kind "\t" sql >file
    }
    /^#/ || $1 ~ /fuzzy/ || k[$1] >= per { next }
    {
      k[$1]++
      print $1 "." k[$1], $2, $3 >want
      put("search.seine", "top", "SELECT id, score() FROM text WHERE text " \
        "MATCH '\''" $3 "'\'' ORDER BY score() DESC LIMIT 10")
      put("search.seine", "count", "SELECT count(*) FROM text WHERE text " \
        "MATCH '\''" $3 "'\''")
      put("search.sqlite", "top", "SELECT rowid, rank FROM fts WHERE fts " \
        "MATCH '\''" fts($3) "'\'' ORDER BY rank LIMIT 10")
      put("search.sqlite", "count", "SELECT count(*) FROM fts WHERE fts " \
        "MATCH '\''" fts($3) "'\''")
    }' OFS='\t' "$data/queries-commits.tsv"
  timed seine text search.seine
  timed sqlite text search.sqlite "$merged"
  report_search
}

# The count is right when both engines and the list of queries agree; "top" is
# how many of the ten best are the same rows (FTS5 scores with exact lengths,
# Seine with lengths in one byte).
report_search() {
  while IFS='	' read -r name hits query; do
    s=$(cat "seine.text/$name.count") f=$(cat "sqlite.text/$name.count")
    both=$(cut -f1 "seine.text/$name.top" "sqlite.text/$name.top" | sort |
      uniq -d | wc -l)
    all=$(cut -f1 "seine.text/$name.top" | wc -l)
    if test "$s" = "$hits" && test "$f" = "$hits"; then ok=1; else
      ok=0
      say "DIFFER $name: $query: expected $hits, Seine $s, FTS5 $f"
    fi
    printf 'check\t%s\t%d\t%d\t%d\n' "$name" "$ok" "$both" "$all"
  done <want.tsv >check.tsv
  grep '^DIFFER' check.tsv || true
  awk -F'\t' "$median"'
    function add(key, v) { list[key] = list[key] " " v }
    function cell(c, kind,    s, f) {
      s = median(list[c, kind, "seine"]); f = median(list[c, kind, "sqlite"])
      return sprintf("%9.1f %9.1f %7.2f", s, f, \
        median(list[c, kind, "ratio"]))
    }
    $1 == "check" {
      c = substr($2, 1, index($2, ".") - 1)
      if (!(c in n)) order[++classes] = c
      n[c]++; ok[c] += $3; both[c] += $4; all[c] += $5
      next
    }
    NF < 4 { next }
    {
      split($1, a, ".")
      engine = FILENAME ~ /^seine/ ? "seine" : "sqlite"
      add(a[1] SUBSEP a[3] SUBSEP engine, $3)
      if (engine == "seine") us[$1] = $3
      else {
        add(a[1] SUBSEP a[3] SUBSEP "ratio", $3 / us[$1])
        add("all" SUBSEP a[3] SUBSEP "ratio", $3 / us[$1])
      }
    }
    END {
      print "median CPU us of a class; ratio = FTS5 / Seine, median of queries"
      printf "%-18s %7s %7s |%9s %9s %7s |%9s %9s %7s\n", "class", "counts", \
        "top", "top: S", "FTS5", "ratio", "count: S", "FTS5", "ratio"
      for (i = 1; i <= classes; i++) {
        c = order[i]
        printf "%-18s %3d/%-3d %3d/%-3d |%s |%s\n", c, ok[c], n[c], both[c], \
          all[c], cell(c, "top"), cell(c, "count")
      }
      printf "median ratio over all queries: top %.2f, count %.2f\n", \
        median(list["all", "top", "ratio"]), \
        median(list["all", "count", "ratio"])
    }' check.tsv seine.text.us sqlite.text.us
}

# ---- aggregations ------------------------------------------------------------

cases() { # ENGINE TABLE: the cases of agg.sql as lines NAME tab SQL
  awk -v engine="$1" -v table="$2" '
    function flush() {
      gsub(/[ \n]+/, " ", sql)
      sub(/^ /, "", sql)
      sub(/; *$/, "", sql)
      if (on && sql ~ "FROM " table " ") print name "\t" sql
      else if (on && sql ~ "FROM " table "$") print name "\t" sql
      sql = ""
    }
    /^-- [a-z_]+ (all|seine|sqlite|duckdb)/ {
      flush()
      name = $2
      on = index($0, " " engine) || $3 == "all"
      next
    }
    /^--/ { next }
    { sql = sql " " $0 }
    END { flush() }' "$here/agg.sql"
}

agg() {
  say '' '## Aggregations' ''
  : >agg.tsv
  for t in logs flights; do
    for e in seine duckdb sqlite; do
      if test ! -s "$t.$e"; then skip "$t in $e: not loaded"; continue; fi
      cases $e $t >"cases.$e.$t"
      timed $e $t "cases.$e.$t"
      while IFS='	' read -r name rows cpu wall; do
        ok=-
        test $e = seine || ok=$(same "seine.$t/$name" "$e.$t/$name")
        printf '%s\t%s\t%s\t%s\t%s\n' "$name" $e "$rows" "$cpu" "$ok"
      done <"$e.$t.us" >>agg.tsv
    done
  done
  awk -F'\t' "$median"'
    function show(name, e) {
      return ((name, e) in us) ? sprintf("%10.0f", us[name, e]) : \
        sprintf("%10s", "-")
    }
    function per(name, e) {
      return ((name, e) in us) ? \
        sprintf("%8.2f", us[name, e] / us[name, "seine"]) : \
        sprintf("%8s", "-")
    }
    !($1 in rows) { order[++n] = $1; rows[$1] = $3 }
    { us[$1, $2] = $4; ok[$1, $2] = $5 }
    END {
      printf "%-16s %6s %10s %10s %10s %8s %8s  %s\n", "CPU us", "rows", \
        "Seine", "SQLite", "DuckDB", "x SQL", "x Duck", "answers"
      for (i = 1; i <= n; i++) {
        k = order[i]
        printf "%-16s %6d %s %s %s %s %s  %s %s\n", k, rows[k], \
          show(k, "seine"), show(k, "sqlite"), show(k, "duckdb"), \
          per(k, "sqlite"), per(k, "duckdb"), ok[k, "sqlite"], ok[k, "duckdb"]
        for (j = 1; j <= 2; j++) {
          e = j == 1 ? "sqlite" : "duckdb"
          if ((k, e) in us) list[e] = list[e] " " us[k, e] / us[k, "seine"]
        }
      }
      if (n) printf "median ratio: SQLite %.2f, DuckDB %.2f\n", \
        median(list["sqlite"]), median(list["duckdb"])
    }' agg.tsv
}

# ---- all ---------------------------------------------------------------------

say "Seine $(cat "$src/VERSION"); peers: ${sqlite:+SQLite with FTS5}" \
  "${duckdb:+DuckDB $duckdb}; one thread"
test -n "$BENCH_KEEP" && test -s load.tsv || : >load.tsv
for part in $parts; do
  case $part in
    load) load_text; load_packages; load_logs; load_flights; report_load ;;
    search) search ;;
    agg) agg ;;
    *) skip "unknown part $part" ;;
  esac
done
