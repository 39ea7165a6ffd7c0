#!/bin/sh
# What machines without AVX2 run: the tests of packing, kernels, aggregates,
# columns and scores once more, with SEINE_PLAIN.
. "$(dirname "$0")/../shell/tap.sh"
SEINE_PLAIN=1
export SEINE_PLAIN

again() {
  out=$(cd "$SEINE_BUILD" && SEINE=$(basename "$SEINE") \
    sh "$SEINE_SRC/tool/runtest" "$1" 2>&1)
  code=$?
  bad=$(printf '%s\n' "$out" | grep '^not ok' | head -n 5)
  is "$(basename "$1")" "$code $bad" "0 "
}

for name in base/pack base/prim vm/kern vm/agg vm/sum index/col match/bm25 \
  match/brute match/topk
do again "t/${name}_test"; done
if [ -x "$SEINE_BUILD/testfixture" ]; then
  for name in agg agg_exact num_corners compare_num
  do again "$SEINE_SRC/test/vm/$name.test"; done
else
  echo '# skipped: the tests in Tcl, as there is no testfixture'
fi
finish
