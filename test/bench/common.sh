# common.sh: where the scripts of this folder find things; they source it with
# their own arguments.
set -e
LC_ALL=C
export LC_ALL
absolute() { (cd "$1" && pwd); }
src=$(absolute "${SEINE_SRC:-$(dirname "$0")/../..}")
build=$(absolute "${SEINE_BUILD:-.}")
here=$src/test/bench
data=${1:-${BENCH_DATA:-$src/../shared/data}}
gendata=${BENCH_GENDATA:-$data/../tool/gendata}
