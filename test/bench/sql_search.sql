-- Searches with aggregations over articles (commit messages) and a generated
-- log: match, filter, group, histogram, top.  sql_bench.py says how a line
-- "-- NAME ..." is read, and what stands in braces.

-- schema seine
CREATE TABLE articles (id INTEGER NOT NULL, repo KEYWORD NOT NULL,
  author KEYWORD NOT NULL, ts TIMESTAMP NOT NULL, merged INTEGER NOT NULL,
  files INTEGER NOT NULL, added INTEGER NOT NULL, deleted INTEGER NOT NULL,
  title KEYWORD NOT NULL, words TEXT NOT NULL ANALYZER standard);
CREATE TABLE logs (ts TIMESTAMP NOT NULL, host KEYWORD NOT NULL,
  clientip KEYWORD NOT NULL, verb KEYWORD NOT NULL, response INTEGER NOT NULL,
  bytes INTEGER NOT NULL, duration_ms REAL NOT NULL, country KEYWORD NOT NULL,
  city KEYWORD NOT NULL, request KEYWORD NOT NULL,
  words TEXT NOT NULL ANALYZER standard);

-- schema duckdb sqlite
CREATE TABLE articles (id INTEGER NOT NULL, repo TEXT NOT NULL,
  author TEXT NOT NULL, ts TIMESTAMP NOT NULL, merged INTEGER NOT NULL,
  files INTEGER NOT NULL, added INTEGER NOT NULL, deleted INTEGER NOT NULL,
  title TEXT NOT NULL, words TEXT NOT NULL);
CREATE TABLE logs (ts TIMESTAMP NOT NULL, host TEXT NOT NULL,
  clientip TEXT NOT NULL, verb TEXT NOT NULL, response INTEGER NOT NULL,
  bytes INTEGER NOT NULL, duration_ms DOUBLE NOT NULL, country TEXT NOT NULL,
  city TEXT NOT NULL, request TEXT NOT NULL, words TEXT NOT NULL);

-- after sqlite
CREATE VIRTUAL TABLE articles_fts USING fts5(words, content = 'articles',
  tokenize = 'ascii');
INSERT INTO articles_fts(articles_fts) VALUES('rebuild');
INSERT INTO articles_fts(articles_fts) VALUES('optimize');
CREATE VIRTUAL TABLE logs_fts USING fts5(words, content = 'logs',
  tokenize = 'ascii');
INSERT INTO logs_fts(logs_fts) VALUES('rebuild');
INSERT INTO logs_fts(logs_fts) VALUES('optimize');

-- a1_rare_group all by 2,1
SELECT repo, count(*) AS n FROM articles WHERE {match articles.words segfault}
GROUP BY repo ORDER BY n DESC, repo;

-- a2_common_group all by 1
SELECT repo, count(*), avg(added), max(deleted) FROM articles
WHERE {match articles.words fix} GROUP BY repo ORDER BY repo;

-- a3_histogram all by 1
SELECT {month ts} AS month, count(*), sum(added) FROM articles
WHERE {match articles.words performance} GROUP BY month ORDER BY month;

-- a4_or_filter_top all by 2,1
SELECT author, count(*) AS n FROM articles
WHERE {match articles.words memory leak overflow}
  AND ts >= '2010-01-01' AND ts < '2020-01-01'
GROUP BY author ORDER BY n DESC, author LIMIT 10;

-- a5_filter_top_rows all by 2,1
SELECT id, added, title FROM articles
WHERE {match articles.words +test} AND merged = 0 AND added > 100
ORDER BY added DESC, id LIMIT 10;

-- a6_phrase all by 1,2
SELECT {year ts} AS year, repo, count(*) FROM articles
WHERE {match articles.words "race condition"}
GROUP BY year, repo ORDER BY year, repo;

-- a7_prefix_distinct all by 1
SELECT repo, count(*), count(DISTINCT author) FROM articles
WHERE {match articles.words config*} GROUP BY repo ORDER BY repo;

-- a8_filters all by 1
SELECT repo, count(*) FILTER (WHERE {match articles.words crash}) AS crashes,
  count(*) FILTER (WHERE {match articles.words deadlock}) AS deadlocks
FROM articles GROUP BY repo ORDER BY repo;

-- a9_not_buckets all by 1
SELECT added - added % 100 AS bucket, count(*), avg(files) FROM articles
WHERE {match articles.words +index -lucene}
GROUP BY bucket ORDER BY bucket LIMIT 50;

-- a10_newest all by 2,1
SELECT id, ts, repo FROM articles
WHERE {match articles.words +replication +fix} ORDER BY ts DESC, id LIMIT 10;

-- a11_quantile seine duckdb by 1
SELECT repo, median(added), quantile_cont(files, 0.9) FROM articles
WHERE {match articles.words documentation typo} GROUP BY repo ORDER BY repo;

-- a12_or_column all by 1
SELECT repo, count(*), sum(added) FROM articles
WHERE {match articles.words deadlock} OR added > 5000
GROUP BY repo ORDER BY repo;

-- l1_group all by 2,1
SELECT country, count(*) AS n, avg(bytes) FROM logs
WHERE {match logs.words firefox} GROUP BY country
ORDER BY n DESC, country LIMIT 10;

-- l2_histogram all by 1
SELECT {hour ts} AS hour, count(*), sum(bytes) FROM logs
WHERE {match logs.words +chrome +pdf}
  AND ts >= '2015-06-01' AND ts < '2015-07-01'
GROUP BY hour ORDER BY hour;

-- l3_errors all by 2,1
SELECT host, count(*) AS n, avg(duration_ms) FROM logs
WHERE {match logs.words windows} AND response >= 500
GROUP BY host ORDER BY n DESC, host LIMIT 10;

-- l4_distinct all by 1
SELECT country, count(DISTINCT clientip) FROM logs
WHERE {match logs.words +iphone +html} GROUP BY country ORDER BY country;

-- l5_prefix all by 1
SELECT response, count(*), sum(bytes) FROM logs
WHERE {match logs.words qu*} GROUP BY response ORDER BY response;

-- l6_share all by 1
SELECT {day ts} AS day, count(*) AS n,
  100.0 * count(*) FILTER (WHERE response >= 400) / count(*) AS share
FROM logs WHERE {match logs.words "windows nt 6"} GROUP BY day ORDER BY day;

-- l7_slowest all by 1,2
SELECT duration_ms, request, host FROM logs
WHERE {match logs.words +linux -android}
ORDER BY duration_ms DESC, request LIMIT 20;

-- l8_running all by 1
SELECT day, n, sum(n) OVER (ORDER BY day) AS so_far
FROM (SELECT {day ts} AS day, count(*) AS n FROM logs
  WHERE {match logs.words png jpg gif} GROUP BY {day ts}) AS days
ORDER BY day;
