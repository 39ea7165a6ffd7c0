-- The group-bys of the bench.  "-- NAME ENGINES" opens a case for these
-- engines; "all" is every one.  An engine without a form of its own for a
-- name is left out of it.

-- key_sum all
SELECT host, count(*), sum(bytes) FROM logs GROUP BY host;

-- key_many_top all
SELECT request, count(*) AS n FROM logs GROUP BY request
  ORDER BY n DESC, request LIMIT 10;

-- two_keys all
SELECT country, verb, count(*), avg(duration_ms) FROM logs
  GROUP BY country, verb;

-- time_hour seine duckdb
SELECT count(*), sum(bytes) FROM logs
  GROUP BY date_trunc('hour', "@timestamp");
-- time_hour sqlite
SELECT count(*), sum(bytes) FROM logs GROUP BY substr("@timestamp", 1, 13);

-- filter_equal all
SELECT response, count(*), avg(bytes) FROM logs
  WHERE verb = 'GET' AND country = 'US' GROUP BY response;

-- filter_range all
SELECT country, count(*) FROM logs
  WHERE "@timestamp" >= '2015-07-01' AND "@timestamp" < '2015-08-01'
  AND bytes > 1000 GROUP BY country;

-- distinct all
SELECT country, count(DISTINCT clientip) FROM logs GROUP BY country;

-- quantile seine duckdb
SELECT country, quantile_cont(duration_ms, 0.95) FROM logs GROUP BY country;

-- top_rows all
SELECT request, bytes FROM logs ORDER BY bytes DESC, request LIMIT 10;

-- like all
SELECT count(*), sum(bytes) FROM logs WHERE request LIKE '%hunc%';

-- flights_key all
SELECT origin, count(*), avg(delay) FROM flights GROUP BY origin;

-- flights_pairs all
SELECT origin, destination, count(*), max(delay) FROM flights
  WHERE distance > 500 GROUP BY origin, destination;
