# peer.tcl: what the scripts of this folder share that ask sqlite3 too.
#
#   peer_need                 skips the script where there is no sqlite3
#   rounds N                  N, or DIFF_ROUNDS per cent of it
#   pick LIST, some LIST N    one by chance; N of them with commas between
#   both SQL                  runs SQL here, and keeps it for sqlite3
#   peer_answers LIST         sqlite3's rows for each statement of LIST
#   peer_same MINE THEIRS     rows equal but for spelling and the last digits
#   peer_batch NAME LIST      one test: each statement has the same rows
#
# A statement with an ORDER BY outside of parentheses is compared in order,
# others as sets of rows with repetitions.
set peer(script) ""

proc peer_need {} {
  if {[auto_execok sqlite3] eq ""} {skip_all "no sqlite3 here"}
  if {[catch {exec sqlite3 --version} text]} {skip_all "no sqlite3 here"}
  set version [lindex $text 0]
  if {[package vcompare $version 3.40] < 0} {
    skip_all "sqlite3 $version is older than 3.40"
  }
}

proc rounds {n} {
  global env
  if {[info exists env(DIFF_ROUNDS)]
      && [string is integer -strict $env(DIFF_ROUNDS)]} {
    return [expr {max(1, $n * $env(DIFF_ROUNDS) / 100)}]
  }
  return $n
}

proc pick {list} {lindex $list [rand [llength $list]]}

proc some {list n} {
  set out {}
  for {set k 0} {$k < $n} {incr k} {lappend out [pick $list]}
  return [join $out {, }]
}

proc both {sql} {
  global peer
  db eval $sql
  append peer(script) "$sql;\n"
}

proc peer_answers {list} {
  global peer
  set in [temp_file batch.sql]
  set f [open $in w]
  fconfigure $f -encoding utf-8
  puts $f ".mode list\n.separator \"\x1f\" \"\x1e\"\n.nullvalue NULL"
  puts $f "BEGIN;\n$peer(script)COMMIT;"
  foreach sql $list {puts $f ".print \x1d\n$sql;"}
  close $f
  set p [open "|sqlite3 -bail :memory: < [list $in] 2>@1" r]
  fconfigure $p -encoding utf-8 -translation lf
  set text [read $p]
  if {[catch {close $p} why]} {
    set why "[string range $text end-300 end] $why"
    error "sqlite3: $why"
  }
  set answers {}
  foreach part [lrange [split $text \x1d] 1 end] {
    set got {}
    set part [string range $part 1 end]
    foreach row [lrange [split $part \x1e] 0 end-1] {
      lappend got [expr {$row eq "" ? {{}} : [split $row \x1f]}]
    }
    lappend answers $got
  }
  return $answers
}

# One spelling for what the two show differently.
proc peer_canonical {rows} {
  set out {}
  foreach row $rows {
    set line {}
    foreach v $row {
      if {$v eq "true"} {set v 1} elseif {$v eq "false"} {set v 0}
      if {[string is double -strict $v] && ![string is entier -strict $v]} {
        set v [format %.11g $v]
        if {$v eq "-0"} {set v 0}
      }
      lappend line $v
    }
    lappend out $line
  }
  return $out
}

proc peer_same {got want} {
  if {$got eq $want} {return 1}
  if {[llength $got] != [llength $want]} {return 0}
  foreach a $got b $want {
    if {[llength $a] != [llength $b]} {return 0}
    foreach x $a y $b {if {![tap_near $x $y 1e-10]} {return 0}}
  }
  return 1
}

# Only the outermost ORDER BY says something about the order of the answer.
proc peer_ordered {sql} {
  while {[regsub -all {\([^()]*\)} $sql {} sql]} {}
  return [string match *ORDER\ BY* $sql]
}

proc peer_compare {name sql want} {
  set want [peer_canonical $want]
  if {[catch {db rows $sql} got]} {
    tap_differ $name "error: $got" [lrange $want 0 5]
    puts "# $sql"
    return 0
  }
  set got [peer_canonical $got]
  if {![peer_ordered $sql]} {
    set got [lsort $got]
    set want [lsort $want]
  }
  if {[peer_same $got $want]} {return 1}
  set at 0
  foreach a $got b $want {
    if {$a ne $b} break
    incr at
  }
  tap_differ $name "row $at of [llength $got]: [lindex $got $at]" \
      "row $at of [llength $want]: [lindex $want $at]"
  puts "# $sql"
  return 0
}

proc peer_batch {name list} {
  if {[catch {peer_answers $list} theirs]} {
    tap_differ $name $theirs "answers of sqlite3"
    return
  }
  set k 0
  set good 0
  foreach sql $list want $theirs {
    incr k
    incr good [peer_compare $name.$k $sql $want]
  }
  tap_check "$name: statements that agree" $good [llength $list]
}

# N statements made by KIND, which sees the level of the caller's globals.
proc make {kind n} {
  set list {}
  for {set k [rounds $n]} {$k > 0} {incr k -1} {lappend list [$kind]}
  return $list
}
