#!/bin/sh
# A million generated log events: one command imports them, in little memory,
# and grouped queries give what sqlite3 gives on the same rows.
#   1 the import  2 groups  3 the same after a merge
# Runs when SEINE_SLOW=1 and the generator is there: $SEINE_GENDATA, or
# shared/tool/gendata beside the tree.  SEINE_ROWS says how many events.
src=$(cd "$(dirname "$0")/../.." && pwd)
gendata=${SEINE_GENDATA:-$src/../shared/tool/gendata}
. "$(dirname "$0")/../shell/tap.sh"

leave() {
  echo "1..0 # SKIP $1"
  exit 0
}
[ "$SEINE_SLOW" = 1 ] || leave "slow: SEINE_SLOW=1 runs it"
[ -x "$gendata" ] || leave "no generator (set SEINE_GENDATA)"
command -v sqlite3 >/dev/null || leave "no sqlite3 here"
rows=${SEINE_ROWS:-1000000}
"$gendata" logs "$rows" --seed 3 >logs.ndjson || leave "the generator failed"

# 1
limit=1048576 # KB: 1 GiB
if [ -x /usr/bin/time ]; then
  /usr/bin/time -f %M -o peak "$SEINE" logs.db '.import logs.ndjson logs' >said
  peak=$(tail -n 1 peak)
  [ "$peak" -lt $limit ]
  verdict $? "the import takes less than 1 GiB" "$peak KB" "< $limit KB"
else
  "$SEINE" logs.db '.import logs.ndjson logs' >said
  skip "no /usr/bin/time to measure memory with"
fi
like "every event is a row" "$(cat said)" \
  "imported $rows rows into logs (0 rejects) in *"
sed 's/^/# /' said

# The same lines, read by sqlite3's own JSON functions.
sqlite3 -batch peer.db <<'END'
CREATE TEMP TABLE lines(j TEXT);
.mode ascii
.separator "\001" "\n"
.import logs.ndjson lines
CREATE TABLE logs AS SELECT
  j ->> '$.@timestamp' AS ts, j ->> '$.host' AS host,
  j ->> '$.clientip' AS clientip, j ->> '$.verb' AS verb,
  j ->> '$.request' AS request, j ->> '$.response' AS response,
  j ->> '$.bytes' AS bytes, CAST(j ->> '$.duration_ms' AS REAL) AS duration_ms,
  j ->> '$.referrer' AS referrer, j ->> '$.agent' AS agent,
  j ->> '$.country' AS country, j ->> '$.city' AS city,
  j ->> '$.location.lat' AS lat, j ->> '$.location.lon' AS lon
FROM lines;
END

# same NAME SQL [SQL OF SQLITE]: where the two speak alike, one text is enough.
same() {
  wanted=$(sqlite3 -batch peer.db "${3:-$2}")
  run logs.db "$2"
  [ -n "$wanted" ] && [ "$out" = "$wanted" ]
  code=$?
  if [ $code != 0 ]; then
    printf '%s\n' "$out" >got
    printf '%s\n' "$wanted" >wanted
    diff got wanted | head -n 12 >differ
    [ -z "$err" ] || printf '%s\n' "$err" >>differ
  fi
  verdict $code "$1" "$(cat differ 2>/dev/null)" "no difference to sqlite3"
}

# 2
groups() {
  same "$1 by status" "SELECT response, count(*), sum(bytes), min(bytes),
    max(bytes), min(duration_ms), max(duration_ms) FROM logs
    GROUP BY response ORDER BY response"
  same "$1 by country" "SELECT country, count(*), sum(bytes),
    round(avg(duration_ms), 3) FROM logs GROUP BY country ORDER BY country"
  same "$1 by hour" "SELECT date_trunc('hour', \"@timestamp\") AS t,
      count(*), sum(bytes) FROM logs GROUP BY t ORDER BY t" \
    "SELECT substr(ts, 1, 10) || ' ' || substr(ts, 12, 2) || ':00:00' AS t,
      count(*), sum(bytes) FROM logs GROUP BY t ORDER BY t"
  same "$1 visitors a day" "SELECT date_trunc('day', \"@timestamp\") AS t,
      count(DISTINCT clientip), count(DISTINCT request) FROM logs
      GROUP BY t ORDER BY t" \
    "SELECT substr(ts, 1, 10) || ' 00:00:00' AS t,
      count(DISTINCT clientip), count(DISTINCT request) FROM logs
      GROUP BY t ORDER BY t"
  same "$1 most wanted pages" "SELECT request, count(*) AS n,
    CAST(avg(bytes) AS INTEGER) FROM logs GROUP BY request
    ORDER BY n DESC, request LIMIT 100"
  same "$1 two keys and filters" "SELECT verb, response, count(*),
    count(*) FILTER (WHERE bytes > 10000), sum(bytes) FILTER
    (WHERE country = 'FR') FROM logs GROUP BY verb, response
    ORDER BY verb, response"
  same "$1 ranges" "SELECT CASE WHEN bytes = 0 THEN 'none'
      WHEN bytes < 1000 THEN 'small' WHEN bytes < 100000 THEN 'middle'
      ELSE 'large' END AS range, count(*), sum(bytes), max(duration_ms)
    FROM logs GROUP BY range ORDER BY range"
  same "$1 histogram" "SELECT CAST(floor(duration_ms / 50) * 50 AS INTEGER)
      AS bar, count(*) FROM logs GROUP BY bar ORDER BY bar"
  same "$1 of some cities" "SELECT city, response, count(*), sum(bytes)
    FROM logs WHERE country IN ('FR', 'DE', 'JP') AND bytes BETWEEN 500 AND
    50000 GROUP BY city, response ORDER BY city, response"
  same "$1 hours of a week" "SELECT CAST(extract(hour FROM \"@timestamp\")
      AS INTEGER) AS h, count(*), sum(bytes) FROM logs
      WHERE \"@timestamp\" >= '2015-06-01' AND \"@timestamp\" < '2015-06-08'
      GROUP BY h ORDER BY h" \
    "SELECT CAST(substr(ts, 12, 2) AS INTEGER) AS h, count(*), sum(bytes)
      FROM logs WHERE ts >= '2015-06-01' AND ts < '2015-06-08'
      GROUP BY h ORDER BY h"
  same "$1 hungry clients" "SELECT clientip, sum(bytes) AS b, count(*),
    count(DISTINCT agent) FROM logs GROUP BY clientip
    HAVING count(*) > 3 ORDER BY b DESC, clientip LIMIT 200"
  same "$1 a pipeline" "SELECT t, n, n - lag(n) OVER (ORDER BY t),
      sum(n) OVER (ORDER BY t ROWS UNBOUNDED PRECEDING) FROM (SELECT
      date_trunc('month', \"@timestamp\") AS t, count(*) AS n FROM logs
      GROUP BY t) ORDER BY t" \
    "SELECT t, n, n - lag(n) OVER (ORDER BY t),
      sum(n) OVER (ORDER BY t ROWS UNBOUNDED PRECEDING) FROM (SELECT
      substr(ts, 1, 7) || '-01 00:00:00' AS t, count(*) AS n FROM logs
      GROUP BY t) ORDER BY t"
  same "$1 host and referrer" "SELECT host, referrer, count(*) AS n FROM logs
    GROUP BY host, referrer ORDER BY n DESC, host, referrer LIMIT 300"
}
groups "as loaded:"
same "searched: a prefix and a value" "SELECT country, count(*) FROM logs
    WHERE agent MATCH 'Mozilla*' AND verb MATCH 'GET' GROUP BY country
    ORDER BY country" \
  "SELECT country, count(*) FROM logs WHERE agent GLOB 'Mozilla*'
    AND verb = 'GET' GROUP BY country ORDER BY country"

# 3
run logs.db "OPTIMIZE logs" "PRAGMA integrity_check"
is "merged and whole" "$out$err" ok
groups "merged:"
finish
