# What the tests of faults run: a database and some 170 short lives of it.
#
#   scene_base            makes the database, once
#   fresh ?ARG ...?       db is a new copy of it; the arguments are for open_db
#   state                 all that a reader sees: to tell whole from half
#   play SCRIPT           SQL, or a command `import db ...`
#   scene_reads           name script ...: nothing changes
#   scene_writes          name script ...: each is one statement or one
#                         transaction, so it happens wholly or not at all
#   scene_before          name SQL ...: what is run, without faults, before the
#                         scene of that name
#   scene_unsteady        names of those that do not answer twice the same
#   scene_ready NAME      runs what scene_before has for it, in db
#   scene_each COMMAND    NAME SCRIPT WRITES PERSISTENT FIRST are put behind the
#                         command, for each scene: the n-th thing fails, from
#                         the FIRST on, alone or with all that follow
#   scene_next N          the n behind it
#
# SEINE_FAULTS=all, as `make faults` sets it, makes each n fail; else n moves in
# steps that grow, larger ones in the quick suite.  SEINE_SCENES, a pattern of
# names, chooses scenes.
#
# A scene is added by a line here; mem.test and io.test run all of them.

proc state {} {
  set out [db eval {PRAGMA schema}]
  foreach row [db rows {PRAGMA table_list}] {
    set name [lindex $row 0]
    lappend out $name [lindex $row 1] [lindex $row 2] \
        [lsort [db rows "SELECT * FROM $name"]]
  }
  return $out
}

proc play {script} {
  if {[string match "import *" $script]} {return [uplevel #0 $script]}
  return [db rows $script]
}

# Several segments, deletions, a column written again, keys, stored queries.
proc scene_base {} {
  open_db [temp_file base.db]
  db eval {
    PRAGMA auto_merge = 0;
    CREATE TABLE t (id INTEGER, name TEXT, tag KEYWORD, at TIMESTAMP,
        price REAL, ip IP, doc JSON, a INTEGER, b BOOLEAN);
    CREATE TABLE u (tag KEYWORD, note TEXT);
    INSERT INTO u VALUES ('red', 'the colour of blood'), ('blue', 'of sky'),
        ('green', NULL);
    CREATE VIEW vw AS SELECT tag, count(*) AS n FROM t GROUP BY tag;
    CREATE TABLE k (id INTEGER PRIMARY KEY, u KEYWORD UNIQUE, n INTEGER,
        x TEXT, r REAL, UNIQUE (n, r), CHECK (n < 100000));
    CREATE TABLE l (id INTEGER, v INTEGER[], s TEXT[], p GEOPOINT, x BLOB,
        d DATE);
    CREATE TABLE alerts (name KEYWORD, q TEXT ANALYZER 'query(t)');
    CREATE TABLE empty (a INTEGER, s TEXT);
    CREATE ANALYZER mine AS standard, lowercase, stop('english');
  }
  db eval BEGIN
  for {set i 0} {$i < 300} {incr i} {
    set tag [lindex {red blue green white} [expr {$i % 4}]]
    set name "quick brown fox number $i jumps over w[expr {$i % 7}]"
    set price [expr {$i * 1.25}]
    set at "2024-01-[format %02d [expr {$i % 28 + 1}]] 10:00:00"
    set ip 10.0.0.[expr {$i % 250}]
    set doc "{\"a\": $i, \"b\": \[1, \"x\"\]}"
    db eval {INSERT INTO t VALUES ($i, $name, $tag, $at, $price, $ip, $doc,
        $i, true)}
  }
  db eval {COMMIT; DELETE FROM t WHERE id % 50 = 7;
    INSERT INTO t (id, name) VALUES (1000, 'a lazy dog');
    INSERT INTO k SELECT v, 'u' || v, v * 3, 'text ' || v, v / 4.0
        FROM generate_series(1, 40) AS g(v);
    INSERT INTO k SELECT v, 'u' || v, v * 3, 'more ' || v, v / 4.0
        FROM generate_series(41, 60) AS g(v);
    DELETE FROM k WHERE id % 9 = 0; UPDATE k SET n = n + 1 WHERE id > 3;
    INSERT INTO l SELECT v, [v, v % 3, NULL], ['s' || v, 'two'],
        geo_point(v % 80, v % 90), CAST('blob ' || v AS BLOB),
        DATE '2026-01-01' FROM generate_series(1, 30) AS g(v);
    INSERT INTO l VALUES (31, [], NULL, NULL, NULL, NULL);
    INSERT INTO alerts VALUES ('fox', 'fox'), ('dog', 'lazy dog'),
        ('near', '"brown fox"'), ('dear', 'price:>300 AND tag:red'),
        ('none', NULL)}
  db close
}

proc fresh {args} {
  catch {db close}
  foreach left [glob -nocomplain -directory [file dirname [temp_file x]] \
      work.db* out.*] {file delete -force $left}
  file copy -force [temp_file base.db] [temp_file work.db]
  open_db [temp_file work.db] {*}$args
}

proc scene_next {n} {
  global env
  if {[info exists env(SEINE_FAULTS)]} {return [expr {$n + 1}]}
  set quick [info exists env(SEINE_QUICK)]
  return [expr {$n + ($quick ? 6 + $n / 3 : 3 + $n / 6)}]
}

proc scene_each {command} {
  global env scene_reads scene_writes
  set all [expr {[info exists env(SEINE_SCENES)] ? $env(SEINE_SCENES) : "*"}]
  set k 0
  foreach {scenes writes} [list $scene_reads 0 $scene_writes 1] {
    foreach {name script} $scenes {
      if {![string match $all $name]} continue
      foreach persistent {0 1} {
        set first [expr {1 + [incr k] % 7}]
        if {[info exists env(SEINE_FAULTS)]} {set first 1}
        {*}$command $name $script $writes $persistent $first
      }
    }
  }
}

# What fails, for the name of a test.
set scene_words {"the n-th" "all from the n-th"}

set scene_unsteady {analyzed store slow}

proc scene_ready {name} {
  if {[dict exists $::scene_before $name]} {
    db eval [dict get $::scene_before $name]
  }
}

cd [file dirname [temp_file mem.csv]]
set chan [open mem.csv w]
puts $chan "tag,n,note"
for {set i 0} {$i < 40} {incr i} {puts $chan "red,$i,note number $i"}
close $chan
set chan [open copy.csv w]
puts $chan "note,tag\na note,blue\nmore,red"
close $chan
set chan [open semi.csv w]
puts $chan "note;tag\na note;blue\nmore;red"
close $chan
set chan [open mem.ndjson w]
for {set i 0} {$i < 30} {incr i} {
  puts $chan "{\"id\": $i, \"text\": \"line $i\", \"o\": {\"k\": \[$i\]}}"
}
close $chan

set scene_lines ""
for {set i 0} {$i < 60} {incr i} {
  append scene_lines \
      "{\"id\": $i, \"text\": \"line $i of many\", \"o\": {\"k\": $i}}\n"
}
append scene_lines "not json\n"
set scene_wide "{\"tag\": 1}\n{\"tag\": \[2, 3\]}\n"
append scene_wide "{\"tag\": \"x\", \"q\": 1.5}\n"
set scene_fields "tag,note\nred,a\nblue,\"b\nc\"\nbroken\n"
set scene_access "10.0.0.1 - - \[10/Oct/2026:13:55:36 +0000\] \"GET /a\
  HTTP/1.0\" 200 2326\nno such line\n"

set scene_before {
  update_small {DELETE FROM t WHERE id > 9}
  merge_on_commit {PRAGMA auto_merge = 1; INSERT INTO u VALUES ('1', 'a');
      INSERT INTO u VALUES ('2', 'a'); INSERT INTO u VALUES ('3', 'a');
      INSERT INTO u VALUES ('4', 'a'); INSERT INTO u VALUES ('5', 'a');
      INSERT INTO u VALUES ('6', 'a'); INSERT INTO u VALUES ('7', 'a')}
  optimize_threads {PRAGMA threads = 3}
  insert_threads {PRAGMA threads = 3}
  import_threads {PRAGMA threads = 3}
  spill {PRAGMA memtable_bytes = 65536}
  pairs {PRAGMA word_pairs = 16}
  optimize_tight {PRAGMA tight_rows = 1}
  optimize_dead {DELETE FROM t}
  vacuum {DELETE FROM t WHERE id < 250; OPTIMIZE}
  drop_index {CREATE UNIQUE INDEX ku ON k(x)}
  drop_analyzer {CREATE ANALYZER other AS standard}
  ride {INSERT INTO l VALUES (98, [1], ['a late text'], NULL, NULL, NULL)}
  ride_keyed {INSERT INTO k VALUES (900, 'u900', 900, 'late', 1)}
  ride_replace {INSERT INTO k VALUES (900, 'u900', 900, 'late', 1)}
  ride_upsert {INSERT INTO k VALUES (900, 'u900', 900, 'late', 1)}
  ride_page {INSERT INTO u VALUES ('late', repeat('long ', 700))}
  ride_other {INSERT INTO u VALUES ('late', 'a'); INSERT INTO l(id) VALUES (98);
      INSERT INTO t (id, name) VALUES (5000, 'a late fox')}
  ride_transaction {INSERT INTO k VALUES (900, 'u900', 900, 'late', 1); BEGIN;
      INSERT INTO k VALUES (901, 'u901', 901, 'later', 1)}
  ride_back {INSERT INTO k VALUES (900, 'u900', 900, 'late', 1); BEGIN;
      SAVEPOINT s; INSERT OR REPLACE INTO k VALUES (901, 'u900', 901, 'l', 1)}
  ride_altered {INSERT INTO k VALUES (900, 'u900', 900, 'late', 1); BEGIN;
      SAVEPOINT s; ALTER TABLE k DROP COLUMN x; INSERT INTO k(u) VALUES ('z')}
  ride_update {INSERT INTO k VALUES (900, 'u900', 900, 'late', 1)}
  ride_delete {INSERT INTO k VALUES (900, 'u900', 900, 'late', 1)}
  ride_select {INSERT INTO u VALUES ('late', 'a')}
  ride_column {INSERT INTO u VALUES ('late', 'a')}
  ride_index {INSERT INTO k VALUES (900, 'u900', 900, 'late', 1)}
  ride_drop {INSERT INTO u VALUES ('late', 'a')}
  ride_again {INSERT INTO u VALUES ('late', 'a'); BEGIN; INSERT INTO u VALUES
      ('later', 'b')}
  ride_optimize {INSERT INTO u VALUES ('late', 'a')}
  ride_vacuum {INSERT INTO u VALUES ('late', 'a')}
  ride_into {INSERT INTO u VALUES ('late', 'a')}
  ride_match {INSERT INTO t (id, name, tag) VALUES (5000, 'a late fox', 'red');
      INSERT INTO u VALUES ('red', 'late')}
  ride_threads {PRAGMA threads = 3; INSERT INTO t (id, name, tag) VALUES (5000,
      'a late fox', 'red')}
  in_transaction {BEGIN; INSERT INTO u VALUES ('first', 'stays')}
  in_savepoint {BEGIN; SAVEPOINT s; DELETE FROM u WHERE tag = 'red'}
  threads_group {PRAGMA threads = 3}
  threads_sort {PRAGMA threads = 3}
  small_batches {PRAGMA batch_rows = 7}
  slow {PRAGMA slow_query_ms = 600000}
  group_passes {CREATE TABLE big AS SELECT v AS k, v % 7 AS m FROM
      generate_series(1, 9000) AS g(v); PRAGMA memory_limit = 2600000}
  sort_passes {CREATE TABLE big AS SELECT v AS k, 'text ' || v * 7919 % 9000
      AS s FROM generate_series(1, 9000) AS g(v); PRAGMA memory_limit = 2600000}
}

set scene_reads {
  scan {SELECT id, name, price FROM t WHERE price > 100 AND id % 2 = 0}
  match {SELECT id, score() FROM t WHERE name MATCH 'quick w3'
      ORDER BY score() DESC LIMIT 5}
  phrase {SELECT count(*) FROM t WHERE name MATCH '"brown fox" -w1'}
  prefix {SELECT id FROM t WHERE name MATCH 'num* fox~' LIMIT 9}
  near {SELECT count(*) FROM t WHERE name MATCH '"quick fox"~3 /ju.ps/ w?'}
  fields {SELECT count(*) FROM t WHERE t MATCH 'price:[3 TO 90] +tag:red'}
  ride_match {SELECT t.id, u.note, score() FROM t JOIN u USING (tag) WHERE
      t.name MATCH 'late w3' ORDER BY score() DESC, t.id, u.note LIMIT 5}
  ride_threads {SELECT tag, count(*), max(name) FROM t GROUP BY tag}
  match_all {SELECT id FROM t WHERE name MATCH '+quick +w3' ORDER BY id}
  highlight {SELECT highlight(name) FROM t WHERE name MATCH 'fox' LIMIT 3}
  snippet {SELECT snippet(name, 3), offsets(name), explain_score() FROM t
      WHERE name MATCH 'fox OR w3' ORDER BY score() DESC, id LIMIT 3}
  complete {SELECT * FROM complete(t.name, 'nu', 5)}
  correct {SELECT * FROM correct(t.name, 'quikc brown fux numbr', 5, 2)}
  suggest {SELECT * FROM suggest(t.name, 'quikc fux', 3)}
  significant {SELECT * FROM significant(t.name, 'w3', 5)}
  analyze {SELECT * FROM analyze('mine', 'The Quick brown foxes')}
  percolate {SELECT query FROM percolate(alerts.q, '{"name": "a brown fox",
      "price": 400, "tag": "red"}') ORDER BY 1}
  percolate_row {SELECT query FROM percolate(alerts.q, 5)
      ORDER BY 1}
  group {SELECT tag, count(*), sum(price), avg(price), min(name), max(at)
      FROM t GROUP BY tag HAVING count(*) > 3 ORDER BY 2 DESC, 1}
  group_number {SELECT a % 90 AS g, count(*), max(name) FROM t GROUP BY g}
  group_text {SELECT name, count(*) FROM t GROUP BY name ORDER BY 1 LIMIT 3}
  group_many {SELECT tag, b, ip, count(*) FROM t GROUP BY ALL}
  group_passes {SELECT count(*), sum(n) FROM (SELECT k, count(*) AS n, sum(m)
      FROM big GROUP BY k)}
  sort_passes {SELECT count(*) FROM (SELECT s, k, row_number() OVER (ORDER BY
      k) FROM big ORDER BY s)}
  rollup {SELECT tag, a % 3 AS m, count(*), GROUPING(tag, m) FROM t
      GROUP BY ROLLUP (tag, m) ORDER BY ALL}
  sets {SELECT tag, b, sum(a) FROM t GROUP BY GROUPING SETS ((tag, b), tag, ())
      ORDER BY ALL}
  cube {SELECT tag, b, count(DISTINCT a) FROM t GROUP BY CUBE (tag, b)
      ORDER BY ALL}
  filter {SELECT tag, count(*) FILTER (WHERE a > 9), sum(DISTINCT a % 5) FROM t
      GROUP BY tag ORDER BY tag}
  distinct {SELECT count(DISTINCT ip), median(price) FROM t}
  distinct_rows {SELECT DISTINCT tag, a % 9 FROM t ORDER BY ALL}
  distinct_on {SELECT DISTINCT ON (tag) tag, id FROM t ORDER BY tag, id DESC}
  list {SELECT tag, array_agg(id) FROM t WHERE id < 40 GROUP BY tag}
  joined {SELECT tag, string_agg(name, ', ' ORDER BY id) FROM t WHERE id < 20
      GROUP BY tag}
  dates {SELECT date_trunc('week', at), count(*) FROM t GROUP BY 1
      ORDER BY 1}
  order {SELECT name, ip FROM t ORDER BY price DESC, name LIMIT 20 OFFSET 3}
  order_all {SELECT * FROM t ORDER BY tag, name DESC NULLS FIRST}
  percent {SELECT id FROM t ORDER BY id LIMIT 10%}
  threads_group {SELECT tag, count(*) FROM t GROUP BY tag ORDER BY 1}
  threads_sort {SELECT name FROM t ORDER BY name}
  small_batches {SELECT t.tag, count(*) FROM t JOIN u USING (tag)
      GROUP BY t.tag ORDER BY 1}
  join {SELECT t.id, u.note FROM t JOIN u ON t.tag = u.tag
      WHERE t.id < 50 ORDER BY t.id}
  outer {SELECT t.id, u.note FROM t FULL JOIN u ON t.tag = u.tag AND t.id < 9
      ORDER BY ALL}
  cross {SELECT count(*) FROM u a, u b LEFT JOIN l ON l.id > 9}
  semi {SELECT tag FROM u WHERE EXISTS (SELECT 1 FROM t WHERE t.tag = u.tag)
      AND tag NOT IN (SELECT tag FROM t WHERE id = 4)}
  key {SELECT x FROM k WHERE u = 'u7' OR id = 50}
  key_join {SELECT t.id, k.x FROM t JOIN k ON k.id = t.id ORDER BY 1 LIMIT 9}
  key_pair {SELECT id FROM k WHERE n = 16 AND r = 1.25}
  range {SELECT count(*) FROM k WHERE rowid BETWEEN 10 AND 50}
  having {SELECT t.tag, count(u.note) FROM t JOIN u ON t.tag = u.tag
      GROUP BY t.tag HAVING count(*) > 1}
  with {WITH x AS (SELECT tag, count(*) AS n FROM t GROUP BY tag)
      SELECT * FROM x WHERE n > 1 ORDER BY n}
  with_kept {WITH x AS MATERIALIZED (SELECT tag, id FROM t WHERE id < 30)
      SELECT count(*) FROM x a JOIN x b USING (tag)}
  recursive {WITH RECURSIVE c(n) AS (VALUES (1) UNION SELECT n + 1 FROM c
      WHERE n < 40) SELECT count(*), sum(n) FROM c}
  view {SELECT tag FROM vw WHERE n > 1}
  union {SELECT tag FROM t UNION SELECT tag FROM u UNION ALL SELECT 'z'}
  minus {SELECT tag FROM u EXCEPT ALL SELECT tag FROM t INTERSECT SELECT 'red'}
  rows {VALUES (1, 'a'), (2, NULL), (3, 'c')}
  outer_agg {SELECT tag, (SELECT max(note) FROM u WHERE length(note) <
      sum(t.a)) FROM t GROUP BY tag HAVING (SELECT count(*) FROM u
      WHERE length(note) < sum(t.a)) > 1 ORDER BY 1}
  sub_key {SELECT (SELECT note FROM u WHERE u.tag = t.tag) AS n, count(*) FROM t
      WHERE n > '' GROUP BY (SELECT note FROM u WHERE u.tag = t.tag) ORDER BY 1}
  sub_many {SELECT id FROM t WHERE a > ALL (SELECT n FROM k WHERE k.id < t.id)
      ORDER BY id LIMIT 5}
  collated {SELECT DISTINCT upper(tag) COLLATE NOCASE AS g FROM t WHERE tag IN
      (SELECT upper(tag) COLLATE NOCASE FROM u) EXCEPT SELECT 'RED' ORDER BY g}
  sample {SELECT count(*) FROM t TABLESAMPLE (10 ROWS) AS x LEFT JOIN u
      TABLESAMPLE SYSTEM(100) REPEATABLE (3) USING (tag)}
  bernoulli {SELECT count(*) FROM t TABLESAMPLE BERNOULLI(50) REPEATABLE (2)}
  using_sample {SELECT count(*) > 0 FROM t USING SAMPLE 10 ROWS}
  chosen {UNPIVOT (SELECT id, a FROM t WHERE id < 5) ON COLUMNS('^(id|a)$')
      ORDER BY value LIMIT 3}
  explode {SELECT DISTINCT ON (c) id, c FROM t LATERAL VIEW OUTER
      explode([id % 3, NULL]) AS c ORDER BY c, id}
  derived {SELECT x.tag FROM (SELECT tag, max(id) AS m FROM t GROUP BY tag) x
      WHERE x.m > 3}
  window {SELECT id, row_number() OVER (PARTITION BY tag ORDER BY price),
      sum(price) OVER (ORDER BY id) FROM t WHERE id < 60}
  frames {SELECT id, first_value(name) OVER w, lag(a, 2) OVER w, max(a) OVER
      (ORDER BY id ROWS BETWEEN 3 PRECEDING AND 1 FOLLOWING), ntile(4) OVER w
      FROM t WHERE id < 60 WINDOW w AS (PARTITION BY tag ORDER BY id)}
  qualify {SELECT id, tag FROM t QUALIFY rank() OVER (PARTITION BY tag
      ORDER BY price DESC) <= 2 ORDER BY ALL}
  window_group {SELECT tag, sum(count(*)) OVER (ORDER BY tag) FROM t
      GROUP BY tag}
  functions {SELECT upper(name), substr(name, 3, 5), replace(name, 'o', '00'),
      cast(price AS TEXT), name LIKE '%fox%', coalesce(tag, 'none'),
      CASE WHEN id > 5 THEN 'big' ELSE tag END FROM t WHERE id < 30}
  regexp {SELECT count(*) FROM t WHERE name REGEXP 'number [0-9]*7 '}
  regexp_more {SELECT regexp_replace(name, '(\w+) (\w+)', '\2 \1') FROM t
      WHERE id < 9}
  lambda {SELECT list_transform(v, x -> x + id), list_filter(v, x -> x > 1),
      exists(v, x -> x = 2) FROM l ORDER BY id}
  arrays {SELECT array_sort(v), array_concat(v, [1]), array_to_string(s, '-'),
      v[1:2], array_distinct(s) FROM l ORDER BY id}
  geo {SELECT count(*), min(geohash(p, 5)) FROM l WHERE geo_within(p,
      'POLYGON((0 0, 50 0, 50 50, 0 50, 0 0))')}
  blob {SELECT hex(x), length(x), quote(x) FROM l ORDER BY x}
  json {SELECT doc -> 'b', doc ->> '$.a', json_extract(doc, '$.b[1]'),
      json_set(doc, '$.c', 1), json_patch(doc, '{"a":null}') FROM t
      WHERE id < 20}
  json_make {SELECT tag, json_group_array(a), json_group_object(name, a) FROM t
      WHERE id < 20 GROUP BY tag ORDER BY tag}
  in {SELECT count(*) FROM t WHERE tag IN ('red', 'blue') OR id IN (1, 2)}
  unnest {SELECT id, x, n FROM t LEFT JOIN UNNEST([id, a, NULL])
      WITH ORDINALITY AS u(x, n) ON x > 3 WHERE id < 20}
  spread {SELECT tag, unnest([id, 1]), unnest([name]) FROM t WHERE id < 9}
  series {SELECT count(*), max(g.v) FROM generate_series(DATE '2026-01-01',
      DATE '2026-03-01', INTERVAL '1 day') AS g(v)}
  each {SELECT t.id, key, value, fullkey FROM t, json_tree(doc, '$.b')
      WHERE t.id < 20}
  lateral {SELECT t.id, l.n FROM t, LATERAL (SELECT count(*) FROM u
      WHERE u.tag >= t.tag) AS l(n) WHERE t.id < 30}
  star {SELECT * EXCLUDE (doc, ip) REPLACE (upper(name) AS name)
      RENAME (a AS z) FROM t WHERE id < 9 ORDER BY ALL}
  columns {SELECT max(COLUMNS('a|id')) FROM t}
  collate {SELECT nocase(tag), count(*) FROM t WHERE name <> 'X' COLLATE NOCASE
      GROUP BY tag COLLATE NOCASE ORDER BY tag COLLATE NOCASE}
  copy_to {COPY (SELECT id, name, doc FROM t WHERE id < 40) TO 'out.csv'}
  copy_json {COPY t(id, name, doc) TO 'out.json'}
  pivot {PIVOT (SELECT tag, a % 3 AS m, id FROM t) ON m IN (0, 1)
      USING sum(id), count(*) ORDER BY ALL}
  unpivot {SELECT * FROM (SELECT id, a, price FROM t WHERE id < 9)
      UNPIVOT (v FOR n IN (a, price)) ORDER BY ALL}
  sketch {SELECT approx_count_distinct(name), approx_percentile(price, 0.5)
      FROM t}
  stats {SELECT stddev(price), corr(a, price), mode(tag), min_by(name, a)
      FROM t}
  explain {EXPLAIN SELECT tag, count(*) FROM t WHERE name MATCH 'fox'
      GROUP BY tag}
  analyzed {EXPLAIN ANALYZE SELECT tag, count(*) FROM t GROUP BY tag}
  explain_text {EXPLAIN (FORMAT TEXT) SELECT * FROM t JOIN u USING (tag)}
  explain_json {EXPLAIN (FORMAT JSON) SELECT * FROM t ORDER BY a LIMIT 2}
  describe {DESCRIBE t}
  summarize {SUMMARIZE SELECT id, tag, at FROM t WHERE id < 60}
  show {SHOW TABLES LIKE 'v%'}
  show_create {SHOW CREATE TABLE k}
  file {SELECT tag, sum(n), max(note) FROM 'mem.csv' GROUP BY tag}
  file_json {SELECT count(*), max("o.k") FROM read_ndjson('mem.ndjson')}
  empty {SELECT count(*), max(s) FROM empty WHERE s MATCH 'x' OR a > 1}
  info {PRAGMA table_info(t)}
  tables {PRAGMA table_list}
  keys {PRAGMA index_list(k)}
  key_info {PRAGMA index_info(autoindex_k_2)}
  schema {PRAGMA schema}
  segments {PRAGMA segments}
  store {PRAGMA store_info}
  names {PRAGMA functions}
  analyzers {PRAGMA analyzers}
  limits {PRAGMA limits}
  slow {SELECT count(*) >= 0 FROM seine_slow_queries()}
  quick_check {PRAGMA quick_check}
  check {PRAGMA integrity_check}
}

set scene_writes {
  insert {INSERT INTO t (id, name, tag) VALUES (5000, 'one more fox', 'red')}
  values {INSERT INTO u VALUES ('a', 'x'), ('b', 'y'), ('c', 'z z z')}
  select {INSERT INTO u SELECT tag, name FROM t WHERE id < 100}
  by_name {INSERT INTO u BY NAME SELECT name AS note, 'x' AS tag FROM t
      WHERE id < 5}
  defaults {INSERT INTO empty DEFAULT VALUES}
  returning {INSERT INTO u VALUES ('a', 'x'), ('b', 'y')
      RETURNING *, upper(tag)}
  keyed {INSERT INTO k VALUES (900, 'u900', 1, 'x', 2.5),
      (901, NULL, 2, NULL, 1)}
  upsert {INSERT INTO k(u, n) VALUES ('u5', 7), ('new', 8) ON CONFLICT (u) DO
      UPDATE SET n = k.n + excluded.n RETURNING id, u, n}
  upsert_many {INSERT INTO k SELECT id, u, n, 'again', r FROM k WHERE true
      ON CONFLICT (id) DO UPDATE SET x = excluded.x WHERE k.id % 2 = 0}
  upsert_nothing {INSERT INTO k(u, n) VALUES ('u5', 7), ('v', 1) ON CONFLICT
      DO NOTHING}
  ignore {INSERT OR IGNORE INTO k SELECT id, u, n, x, r FROM k}
  replace {REPLACE INTO k VALUES (5, 'u6', 99, 'r', 0.5), (800, 'n', 1, 'q', 3)}
  array {INSERT INTO l VALUES (99, [1, 2], ['a b', NULL], geo_point(1, 2),
      x'00ff', '2026-02-03')}
  stored {INSERT INTO alerts VALUES ('more', 'jumps -w3'), ('less', 'w4 OR w5')}
  unstored {DELETE FROM alerts WHERE name = 'near'}
  ride {INSERT INTO l VALUES (99, [1, 2], ['a b', NULL], geo_point(1, 2),
      x'00ff', '2026-02-03'), (100, [], ['c'], NULL, x'', NULL)}
  ride_keyed {INSERT INTO k VALUES (902, 'u902', 902, 'x', 1), (903, 'u903',
      903, 'y', 1)}
  ride_replace {INSERT OR REPLACE INTO k VALUES (902, 'u900', 5, 'x', 1), (900,
      'u904', 6, 'y', 1)}
  ride_upsert {INSERT INTO k(u, n) VALUES ('new', 8), ('u900', 7) ON CONFLICT
      (u) DO UPDATE SET n = k.n + excluded.n RETURNING id, u, n}
  ride_page {INSERT INTO u VALUES ('later', repeat('more ', 100))}
  ride_other {INSERT INTO empty VALUES (1, 'x')}
  ride_transaction {INSERT INTO k VALUES (902, 'u902', 902, 'x', 1); COMMIT}
  ride_back {ROLLBACK TO s; INSERT INTO k VALUES (902, 'u902', 902, 'x', 1);
      COMMIT}
  ride_altered {ROLLBACK TO s; INSERT INTO k VALUES (902, 'u902', 902, 'x', 1);
      COMMIT}
  ride_update {UPDATE k SET x = x || ' changed' WHERE id > 50}
  ride_delete {DELETE FROM k WHERE id > 50}
  ride_select {INSERT INTO u SELECT note, tag FROM u}
  ride_column {ALTER TABLE u ADD COLUMN z INTEGER}
  ride_index {CREATE UNIQUE INDEX kx ON k(x, id)}
  ride_drop {DROP TABLE u}
  ride_again {CREATE OR REPLACE TABLE u AS SELECT tag, id FROM t WHERE id < 9;
      COMMIT}
  ride_optimize {OPTIMIZE u}
  ride_vacuum VACUUM
  ride_into {VACUUM INTO 'out.db'}
  large {INSERT INTO u SELECT 'k' || v, hex(v * 7919 % 65521) || hex(v * v) ||
      hex(v * v * v % 2147483647) || hex(v * 16807 % 2147483647)
      FROM generate_series(1, 5000) AS g(v)}
  spill {INSERT INTO u SELECT 'k' || v, 'text ' || v FROM
      generate_series(1, 3000) AS g(v)}
  insert_threads {INSERT INTO u SELECT 'k' || v, 'text ' || v FROM
      generate_series(1, 3000) AS g(v)}
  merge_on_commit {INSERT INTO u VALUES ('8', 'b')}
  update {UPDATE t SET price = price * 2, name = 'changed ' || name
      WHERE t.id < 20}
  numbers {UPDATE t SET price = price * 2, id = id + 1 WHERE id <> 9}
  few_numbers {UPDATE t SET id = 1, at = NULL, price = 2, a = 3, b = false
      WHERE id = 20}
  update_small {UPDATE t SET a = a + 1}
  update_returning {UPDATE t SET price = price * 2 WHERE id < 20
      RETURNING id, name || '!'}
  update_text {UPDATE t SET name = upper(name) WHERE id < 20
      RETURNING *}
  update_key {UPDATE k SET id = id + 1000, u = u || 'x'}
  update_ignore {UPDATE OR IGNORE k SET u = 'u7' WHERE id < 9}
  update_replace {UPDATE OR REPLACE k SET u = 'u7' WHERE id < 9}
  update_from {UPDATE t SET name = u.note FROM u WHERE u.tag = t.tag
      AND t.id < 30}
  update_pair {UPDATE t SET (a, price) = (SELECT max(n), min(r) FROM k)
      WHERE id < 9}
  update_first {UPDATE t SET a = 0 RETURNING id ORDER BY id DESC LIMIT 3}
  delete {DELETE FROM t WHERE name MATCH 'w2'}
  delete_returning {DELETE FROM t WHERE id < 30 RETURNING id, name}
  delete_using {DELETE FROM t USING u WHERE t.tag = u.tag AND u.note = 'of sky'}
  delete_first {DELETE FROM t ORDER BY price LIMIT 20 OFFSET 3}
  delete_keyed {DELETE FROM k WHERE id < 20}
  truncate {TRUNCATE TABLE t}
  create {CREATE TABLE v (a INTEGER NOT NULL, b TEXT COLLATE NOCASE, c REAL[])}
  create_keys {CREATE TABLE v (a INTEGER PRIMARY KEY, b TEXT ANALYZER mine,
      c REAL DEFAULT 3.5, CONSTRAINT both UNIQUE (a, c), CHECK (c > 1))}
  create_as {CREATE TABLE v AS SELECT tag, name, price * 2 AS p FROM t
      WHERE id < 100}
  create_again {CREATE OR REPLACE TABLE u AS SELECT tag, id FROM t WHERE id < 9}
  unique_index {CREATE UNIQUE INDEX kx ON k(x)}
  plain_index {CREATE INDEX ki ON k(n)}
  drop_index {DROP INDEX ku}
  analyzer {CREATE ANALYZER yours AS standard, lowercase}
  drop_analyzer {DROP ANALYZER other}
  alter {ALTER TABLE l ADD COLUMN extra TEXT}
  drop_column {ALTER TABLE l DROP COLUMN v}
  rename_column {ALTER TABLE k RENAME COLUMN u TO uu}
  retype {ALTER TABLE l ALTER COLUMN id TYPE KEYWORD}
  recut {ALTER TABLE u ALTER COLUMN note TYPE TEXT ANALYZER english}
  rename {ALTER TABLE u RENAME TO w}
  drop {DROP TABLE u}
  view {CREATE OR REPLACE VIEW vw AS SELECT a, b FROM t}
  drop_view {DROP VIEW vw}
  setting {PRAGMA word_pairs = 32}
  optimize {OPTIMIZE t}
  optimize_all {OPTIMIZE}
  optimize_by {OPTIMIZE t ORDER BY tag DESC NULLS FIRST, price}
  optimize_keys {OPTIMIZE k ORDER BY r DESC}
  optimize_arrays {OPTIMIZE l}
  optimize_threads {OPTIMIZE t}
  optimize_tight {OPTIMIZE t}
  optimize_dead {OPTIMIZE t}
  pairs {OPTIMIZE t}
  vacuum VACUUM
  vacuum_into {VACUUM INTO 'out.db'}
  transaction {BEGIN; DELETE FROM u; INSERT INTO u VALUES ('q', 'r');
      UPDATE t SET id = id + 1 WHERE id < 9; COMMIT}
  ddl {BEGIN; CREATE TABLE z(a INTEGER); INSERT INTO z VALUES (1); ALTER TABLE z
      ADD COLUMN b TEXT; DROP TABLE u; COMMIT}
  in_transaction {UPDATE t SET name = 'x' WHERE id < 9; COMMIT}
  in_savepoint {ROLLBACK TO s; INSERT INTO u VALUES ('s', 't'); COMMIT}
  savepoint {SAVEPOINT a; DELETE FROM u; SAVEPOINT b; INSERT INTO u VALUES
      ('q', 'r'); SAVEPOINT c; DELETE FROM t WHERE id < 9; ROLLBACK TO b;
      INSERT INTO u VALUES ('s', 't'); RELEASE a}
  copy {COPY u FROM 'copy.csv'}
  copy_options {COPY u FROM 'semi.csv' (HEADER, DELIMITER ';')}
  import {import db imported ndjson $scene_lines -chunk 700}
  import_into {import db u csv $scene_fields}
  import_wide {import db u ndjson $scene_wide}
  import_access {import db hits access $scene_access}
  import_threads {import db imported ndjson $scene_lines}
}
