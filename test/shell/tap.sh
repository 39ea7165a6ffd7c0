# What the tests of the shell share.  A test sources this file, says its
# checks, and ends with `finish`.  $SEINE is the shell under test.
#
#   run ARG...            runs the shell; sets $out $err $code
#   is NAME GOT WANTED    one check
#   like NAME GOT PATTERN one check by a shell pattern

SEINE=${SEINE:-./seine}
case $SEINE in
  /*) ;;
  *) SEINE=$PWD/$SEINE ;;
esac
[ -x "$SEINE" ] || { echo "Bail out! no shell at $SEINE"; exit 1; }
LC_ALL=C.UTF-8
HOME=/nonexistent
export LC_ALL HOME
unset SEINE_HISTORY COLUMNS
room=$(mktemp -d) || exit 1
trap 'cd /; rm -rf "$room"' EXIT
cd "$room" || exit 1
count=0
failed=0
nl='
'

run() {
  out=$("$SEINE" "$@" 2>"$room/.err" </dev/null)
  code=$?
  err=$(cat "$room/.err")
}

# The same with standard input from $1.
feed() {
  given=$1
  shift
  out=$(printf '%s' "$given" | "$SEINE" "$@" 2>"$room/.err")
  code=$?
  err=$(cat "$room/.err")
}

verdict() {
  count=$((count + 1))
  if [ "$1" = 0 ]; then
    echo "ok $count - $2"
    return
  fi
  failed=$((failed + 1))
  echo "not ok $count - $2"
  printf '%s\n' "got:" "$3" "wanted:" "$4" | sed 's/^/# /'
}

is() {
  [ "$2" = "$3" ]
  verdict $? "$1" "$2" "$3"
}

like() {
  case $2 in
    $3) verdict 0 "$1" ;;
    *) verdict 1 "$1" "$2" "$3" ;;
  esac
}

skip() {
  count=$((count + 1))
  echo "ok $count - # SKIP $1"
}

finish() {
  echo "1..$count"
  [ "$failed" = 0 ]
  exit
}
