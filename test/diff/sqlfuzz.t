#!/bin/sh
# Random SQL, here and in SQLite: a few seeds of `make sqlfuzz`.
#   1 no law is broken  2 the queries are not all refused, and counted
fuzz=$SEINE_BUILD/t/diff/sqlfuzz
[ -x "$fuzz" ] || { echo "1..0 # SKIP no sqlite3.h here"; exit 0; }
. "$(dirname "$0")/../shell/tap.sh"
seeds=8
[ -z "$SEINE_QUICK" ] || seeds=3

# 1
"$fuzz" -seed "${SEINE_SEED:-1}" -n $seeds -q 12 >said 2>&1
code=$?
[ $code = 0 ] || head -n 60 said | sed 's/^/# /'
is "no law is broken" $code 0

# 2: of 72 of a seed
passed=$(awk '/ in all:/ { print $1 }' said)
[ "${passed:-0}" -gt $((seeds * 60)) ]
verdict $? "the queries are understood" "${passed:-0}" "> $((seeds * 60))"
like "how many there were" "$(cat said)" "*$((seeds * 72)) queries, *; 0 failed"
finish
