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

# lucene CLASS [OPTION]: makes ./lucene-CLASS here, which runs
# peers/lucene/CLASS.java with OPTION of java.  When it cannot, the last line it
# prints says why.
lucene() {
  java=${JAVA_HOME:+$JAVA_HOME/bin/}
  command -v mvn >/dev/null || { echo 'mvn is not here'; return 1; }
  command -v "${java}javac" >/dev/null || { echo 'no JDK is here'; return 1; }
  mkdir -p lucene
  cp "$here/peers/lucene/pom.xml" lucene/
  mvn -q -B -f lucene/pom.xml dependency:copy-dependencies \
    -DoutputDirectory="$PWD/lucene/jars" ||
    { echo "Maven did not bring Lucene's jars"; return 1; }
  "${java}javac" --release 21 -cp 'lucene/jars/*' -d lucene/classes \
    "$here/peers/lucene/$1.java" ||
    { echo "$1.java does not compile (JAVA_HOME: a JDK of 21 or later)"
      return 1; }
  cat >"lucene-$1" <<END
#!/bin/sh
exec "${java}java" $2 --add-modules jdk.incubator.vector \\
  --enable-native-access=ALL-UNNAMED -Xms2g -Xmx2g \\
  -cp 'lucene/classes:lucene/jars/*' $1 "\$@"
END
  chmod +x "lucene-$1"
}
