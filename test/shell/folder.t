#!/bin/sh
# A folder is no script: reading it is an error, not an empty input.
. "$(dirname "$0")/tap.sh"
mkdir in
run :memory: ".read in" "SELECT 1"
is ".read of a folder fails, and the arguments stop" "$out/$code" "/1"
like "which is told" "$err" "Error: *in*directory*"
run -f in :memory:
is "-f of a folder fails" "$([ "$code" = 0 ] && echo 0 || echo failed)" failed
finish
