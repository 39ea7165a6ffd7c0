#!/bin/sh
# Errors: the excerpt with the caret, and what else is said.  The words of the
# library are not tested here, only what the shell adds.
. "$(dirname "$0")/tap.sh"

below() { printf '%s\n' "$err" | sed 1d; }

run :memory: "CREATE TABLE logs(host TEXT, status INTEGER)" \
  "SELECT hots FROM logs"
like "the message" "$err" "Error: *hots*"
is "the caret" "$(below)" "  SELECT hots FROM logs
         ^"
is "the exit code" "$code" 1

run :memory: "CREATE TABLE t(a TEXT)" "SELECT a,
    		nosuch
FROM t"
is "the line of a long statement" "$(below)" "  nosuch
  ^"

run :memory: "SELECT 'é日本', nosuch"
is "wide characters before it" "$(below)" "  SELECT 'é日本', nosuch
                  ^"

run :memory: "SELECT 1; SELECT 2; SELECT 33, nosuch; SELECT 4"
is "the first statements ran" "$out" "1
2"
is "the caret stands in the whole line or its statement" \
  "$(below | sed -n '2s/ *^/^/p')" "^"

fill=$(printf '%060d' 0)
run :memory: "SELECT '$fill', nosuch, '$fill' AS b"
at=$(below | sed -n 2p)
text=$(below | sed -n 1p)
is "a long line is cut around the caret" \
  "$(printf '%s' "$text" | cut -c ${#at}-$((${#at} + 5)))" "nosuch"
[ ${#text} -lt 85 ]
verdict $? "and fits a screen" "${#text}" "< 85"

run :memory: ".tabels"
is "a command's neighbour" "$err" \
  "Error: no such command: .tabels (did you mean: .tables?)"
run :memory: ".qqqqqqqqq"
is "or none" "$err" "Error: no such command: .qqqqqqqqq (.help lists them)"
run :memory: ".e on"
is "an abbreviation of several" "$err" "Error: .e may be .echo .exit .explain"
run :memory: ".mode jsno"
is "a mode's neighbour" "$err" "Error: no such mode: jsno (did you mean: json?)"
run :memory: ".bail perhaps"
is "on or off" "$err" "Error: expected on or off, not perhaps"
run :memory: ".read"
is "too few words" "$err" "Error: usage: .read FILE or |COMMAND"
run :memory: ".exit x"
is "no number" "$err" "Error: expected a number from 0 to 255, not x"
finish
