#!/bin/sh
# The pages tell the truth.
#   1 the table of instructions is that of src/vm/opcodes.h
#   2 doc/sql.md names every function, pragma and analyzer there is
#   3 every example runs and prints what the page says
. "$(dirname "$0")/tap.sh"
: "${SEINE_SRC:=$(cd "$OLDPWD" && cd "$(dirname "$0")/../.." && pwd)}"
export SEINE_SRC SEINE

# 1
out=$(sh "$SEINE_SRC/tool/opdoc" check 2>&1)
is "doc/vm.md has the instructions" "$out" "opdoc: ok"

# 2
absent() {
  while read -r name; do
    grep -q "\`$name$1" "$SEINE_SRC/$2" || printf '%s ' "$name"
  done
}
names=$("$SEINE" :memory: "PRAGMA functions" | cut -d '|' -f 1 | sort -u)
is "doc/sql.md has the functions" \
  "$(printf '%s\n' "$names" | absent '[(`]' doc/sql.md)" ""
names=$(sed -n 's/^  {"\([a-z_]*\)", ADMIN_.*/\1/p' \
  "$SEINE_SRC/src/sql/code_stmt.c")
is "doc/sql.md has the pragmas" \
  "$(printf '%s\n' "$names" | absent '[(`]' doc/sql.md)" ""

# 3
for page in README.md $(cd "$SEINE_SRC" && ls doc/*.md); do
  sh "$SEINE_SRC/tool/doctest" "$page" >"$room/lines" 2>&1
  while read -r line; do
    case $line in
      'ok '*SKIP*) skip "${line#*SKIP }" ;;
      'ok '*) verdict 0 "${line#*- }" ;;
      'not ok '*)
        count=$((count + 1))
        failed=$((failed + 1))
        echo "not ok $count - ${line#*- }" ;;
      1..*) ;;
      *) echo "# ${line#"# "}" ;;
    esac
  done <"$room/lines"
done
finish
