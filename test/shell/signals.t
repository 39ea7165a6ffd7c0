#!/bin/sh
# Readers that leave, disks that are full, and interrupts.
. "$(dirname "$0")/tap.sh"

printf 'SELECT 1;\n%.0s' $(seq 30000) >many.sql
"$SEINE" -f many.sql 2>err | head -n 1 >out
is "a reader that leaves: its line" "$(cat out)" 1
is "a reader that leaves: not a word" "$(cat err)" ""
{ "$SEINE" -f many.sql; echo $? >code; } 2>/dev/null | head -n 1 >out
is "a reader that leaves: as SIGPIPE ends" "$(cat code)" 141
feed ".once |true
.read many.sql
SELECT 2;
"
like "a command that leaves does not end the shell" "$out" "*2"

if [ -c /dev/full ]; then
  "$SEINE" :memory: "SELECT 1" >/dev/full 2>err
  is "a full disk: 1" "$?" 1
  is "a full disk is told" "$(cat err)" \
    "Error: cannot write: No space left on device"
else
  skip "no /dev/full here"
  skip "no /dev/full here"
fi

"$SEINE" i.seine ".import --lines '|echo a; sleep 1; echo b' t" \
  ".print on" >out 2>err &
sleep 0.5
kill -INT $!
wait $!
is "an interrupted import: 130" "$?" 130
is "an interrupted import is told" "$(cat err)" \
  "Error: interrupted: nothing was imported"
is "and stops the arguments" "$(cat out)" ""
run i.seine ".tables"
is "and leaves nothing" "$out" ""

mkfifo pipe
"$SEINE" <pipe >out 2>err &
exec 3>pipe
echo "SELECT 1;" >&3
sleep 0.3
kill -INT $!
wait $!
is "an interrupt while reading: 130" "$?" 130
exec 3>&-
finish
