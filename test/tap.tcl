# tap.tcl: what every .test script starts with.
#
#   source [file join [file dirname [info script]] .. tap.tcl]
#   ...
#   finish
#
# Prints TAP on standard output.  The commands:
#
#   open_db ?FILE? ?ARG ...?      (re)opens the handle `db`; FILE :memory:
#   temp_file NAME                a path that is gone when the script ends
#   do_test NAME SCRIPT WANT      the script's answer, as it is
#   do_eval_test NAME SQL WANT    all values of all rows, as one list
#   do_rows_test NAME SQL WANT    a list of rows
#   do_query_sorted NAME SQL WANT the same in any order
#   do_real_test NAME SQL WANT ?TOLERANCE?
#                                 numbers equal to a relative tolerance
#   do_expr_table PREFIX {EXPR WANT ...}
#                                 SELECT EXPR for each pair
#   do_error_test NAME SQL GLOB   the statement fails with such a message
#   do_glob_test NAME SQL GLOB    the one-line answer matches
#   skip NAME WHY, skip_all WHY   a test, or the script, cannot run here
#   corpus NAME                   a channel over shared/data/NAME.zst, or ""
#   need_corpus TEST NAME         the same, and a skip line when absent
#
# NULL is shown as NULL.  SQL sees the variables of the caller.

set tap(n) 0
set tap(bad) 0
set tap(dir) ""
set tap(here) [file normalize [file dirname [info script]]]
fconfigure stdout -encoding utf-8 -buffering line

proc tap_line {ok name {note ""}} {
  global tap
  incr tap(n)
  if {!$ok} {incr tap(bad)}
  set word [expr {$ok ? "ok" : "not ok"}]
  puts "$word $tap(n) - $name$note"
}

# A difference, cut to what a person reads.
proc tap_differ {name got want} {
  tap_line 0 $name
  foreach {word v} [list want $want got $got] {
    if {[string length $v] > 2000} {
      set v "[string range $v 0 2000]... ([string length $v] characters)"
    }
    puts "# $word: [string map {\n "\n#       "} $v]"
  }
}

proc tap_check {name got want} {
  if {$got eq $want} {tap_line 1 $name} else {tap_differ $name $got $want}
}

# Evaluates in the caller's caller; an error becomes the answer.
proc tap_try {script} {
  if {[catch {uplevel 2 $script} got]} {set got "error: $got"}
  return $got
}

proc skip {name why} {
  tap_line 1 $name " # SKIP $why"
}

proc skip_all {why} {
  global tap
  if {$tap(n) == 0} {
    puts "1..0 # SKIP $why"
    tap_clean
    exit 0
  }
  skip rest $why
  finish
}

proc tap_clean {} {
  global tap
  foreach h [info commands db*] {catch {$h close}}
  if {$tap(dir) ne ""} {file delete -force $tap(dir)}
}

proc finish {} {
  global tap
  tap_clean
  puts "1..$tap(n)"
  if {$tap(bad)} {puts "# $tap(bad) of $tap(n) failed"}
  exit [expr {$tap(bad) > 0}]
}

# ---- databases -------------------------------------------------------------

proc temp_file {name} {
  global tap env
  if {$tap(dir) eq ""} {
    set base [expr {[info exists env(TMPDIR)] ? $env(TMPDIR) : "/tmp"}]
    set tap(dir) [file join $base seine-test-[pid]-[clock clicks]]
    file mkdir $tap(dir)
  }
  return [file join $tap(dir) $name]
}

proc open_db {{file :memory:} args} {
  catch {db close}
  uplevel #0 [list seine db $file {*}$args]
  db nullvalue NULL
  return db
}

# A second connection to the file.
proc open_other {name file args} {
  uplevel #0 [list seine $name $file {*}$args]
  $name nullvalue NULL
}

# ---- tests -----------------------------------------------------------------

proc do_test {name script want} {
  tap_check $name [tap_try $script] $want
}

proc do_eval_test {name sql want} {
  set got [tap_try [list db eval $sql]]
  tap_check $name $got [list {*}$want]
}

proc do_rows_test {name sql want} {
  set got [tap_try [list db rows $sql]]
  set rows {}
  foreach row $want {lappend rows [list {*}$row]}
  tap_check $name $got $rows
}

proc do_query_sorted {name sql want} {
  set got [tap_try [list db rows $sql]]
  set rows {}
  foreach row $want {lappend rows [list {*}$row]}
  if {![string match "error:*" $got]} {set got [lsort $got]}
  tap_check $name $got [lsort $rows]
}

proc do_glob_test {name sql glob} {
  set got [join [tap_try [list db eval $sql]]]
  if {[string match $glob $got]} {
    tap_line 1 $name
  } else {
    tap_differ $name $got "(glob) $glob"
  }
}

proc tap_near {a b tolerance} {
  if {$a eq $b} {return 1}
  if {![string is double -strict $a] || ![string is double -strict $b]} {
    return 0
  }
  set most [expr {max(abs($a), abs($b))}]
  return [expr {abs($a - $b) <= $tolerance * max($most, 1e-12)}]
}

proc do_real_test {name sql want {tolerance 1e-9}} {
  set got [tap_try [list db eval $sql]]
  set want [list {*}$want]
  set same 0
  if {![catch {llength $got} n] && $n == [llength $want]} {
    set same 1
    foreach a $got b $want {
      if {![tap_near $a $b $tolerance]} {set same 0}
    }
  }
  if {$same} {tap_line 1 $name} else {tap_differ $name $got $want}
}

proc do_expr_table {prefix table} {
  set k 0
  foreach {expr want} $table {
    incr k
    set got [tap_try [list db eval "SELECT $expr"]]
    tap_check "$prefix.$k $expr" $got [list $want]
  }
}

proc do_error_test {name sql glob} {
  if {![catch {uplevel 1 [list db eval $sql]} got]} {
    tap_differ $name "no error: $got" "(glob) $glob"
  } elseif {[string match -nocase $glob $got]} {
    tap_line 1 $name
  } else {
    tap_differ $name "error: $got" "(glob) $glob"
  }
}

# PRAGMA integrity_check after whatever was done.
proc do_integrity_test {name {handle db}} {
  tap_check $name [tap_try [list $handle eval {PRAGMA integrity_check}]] ok
}

# ---- corpora ---------------------------------------------------------------

# The folder of the corpora: $SEINE_DATA, or shared/data beside the tree.
proc corpus_dir {} {
  global tap env
  if {[info exists env(SEINE_DATA)]} {return $env(SEINE_DATA)}
  return [file normalize [file join $tap(here) .. .. shared data]]
}

# A channel that reads the corpus unpacked, or "".
proc corpus {name} {
  set path [file join [corpus_dir] $name.zst]
  if {![file readable $path] || [auto_execok zstd] eq ""} {return ""}
  set chan [open "|zstd -dcq [list $path]" rb]
  return $chan
}

proc need_corpus {test name} {
  set chan [corpus $name]
  if {$chan eq ""} {
    skip $test "no corpus $name.zst in [file tail [corpus_dir]]\
        (set SEINE_DATA), or no zstd"
  }
  return $chan
}

# ---- chance ----------------------------------------------------------------

# A generator of our own, so that a failure can be run again anywhere.
proc rand_seed {n} {
  global tap
  set tap(rand) [expr {($n * 2654435761 + 88172645463325252)
      & 0xffffffffffffffff}]
}

proc rand {below} {
  global tap
  set x $tap(rand)
  set x [expr {($x ^ ($x << 13)) & 0xffffffffffffffff}]
  set x [expr {$x ^ ($x >> 7)}]
  set x [expr {($x ^ ($x << 17)) & 0xffffffffffffffff}]
  set tap(rand) $x
  return [expr {($x >> 11) % $below}]
}

rand_seed 1
