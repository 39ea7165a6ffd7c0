# A table that no small memory limit holds, and what queries of it give under
# one.  For tests that source this file.
source [file join [file dirname [info script]] .. tap.tcl]
open_db [temp_file limited.db]
# A block that was kept for later may be larger than what was asked for, and
# which one is taken depends on the threads: what a limit leaves would, too.
db eval {PRAGMA spare_bytes = 0}
set rows 60000
db eval "PRAGMA auto_merge = 0;
  CREATE TABLE t(k INTEGER, h INTEGER, s KEYWORD, r REAL, v INTEGER);
  CREATE TABLE small(k INTEGER PRIMARY KEY, name KEYWORD)"
for {set part 0} {$part < 4} {incr part} {
  set from [expr {$part * $rows / 4}]
  set to [expr {$from + $rows / 4 - 1}]
  db eval "INSERT INTO t SELECT CASE WHEN i % 101 <> 0 THEN i * 7919 % 40009 END,
      i % 300, CASE WHEN i % 97 <> 0 THEN 'text ' || (i * 31 % 30011) END,
      (i % 20000) / 4.0, i FROM generate_series($from, $to) g(i)"
}
db eval {INSERT INTO small SELECT i, 'name ' || (i % 7)
  FROM generate_series(0, 299) g(i)}

# The number of rows, and a sum of their hashes: that of rows_of is the same in
# any order, that of order_of is not.
proc checksum {sql times} {
  set n 0
  set sum 0
  foreach row [db rows $sql] {
    incr n
    set sum [expr {($sum * $times
      + [zlib crc32 [encoding convertto utf-8 $row]]) & 0xffffffffffff}]
  }
  return "$n $sum"
}
proc rows_of {sql} {checksum $sql 1}
proc order_of {sql} {checksum $sql 31}
proc under {limit sql {how rows_of}} {
  db eval "PRAGMA memory_limit = $limit"
  set code [catch {$how $sql} got]
  db eval {PRAGMA memory_limit = 0}
  return $got
}
# The memory that the handle has when it does nothing, and some more.
proc room {bytes} {
  set n 100000
  while {[catch {db eval "PRAGMA memory_limit = $n"}]
      || [lindex [db eval {PRAGMA memory_limit}] 0] != $n} {
    set n [expr {$n * 5 / 4}]
  }
  db eval {PRAGMA memory_limit = 0}
  return [expr {$n + $bytes}]
}

# How many windows were read: the table has 16.
proc windows {sql} {
  foreach row [db rows "EXPLAIN ANALYZE $sql"] {
    if {[lindex $row 1] eq "Next"} {return [lindex $row 7]}
  }
}
