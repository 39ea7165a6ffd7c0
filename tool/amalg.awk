# Prints the amalgamation: every source of src/FILES in its order, each of our
# headers once, where it is first wanted.
#   awk -v src=src -v gen=build/gen -v version=0.1.0 -v license=LICENSE
#       -f tool/amalg.awk src/FILES >seine.c
# Shared functions are declared with SN_FUNC, which is `static` here: the
# later definition inherits the linkage, so only seine_* is seen outside.

function fail(text) {
  print "amalg: " text >"/dev/stderr"
  failed = 1
  exit 1
}

# The file that a room path means: a source, or what was made from one.
function locate(name,    line, path) {
  path = src "/" name
  if (name !~ /\.(re|y)$/ && (getline line < path) >= 0) {
    close(path)
    return path
  }
  sub(/\.(re|y)$/, ".c", name)
  path = gen "/" name
  if ((getline line < path) < 0) return ""
  close(path)
  return path
}

function banner(what, name,    text) {
  text = "/* ---- " what " " name " "
  while (length(text) < 76) text = text "-"
  print text " */"
}

# Lemon's skeleton has functions that we do not call and words that warn.
function quiet() {
  print "#if defined(__GNUC__)"
  print "#pragma GCC diagnostic push"
  print "#pragma GCC diagnostic ignored \"-Wunused-function\""
  print "#pragma GCC diagnostic ignored \"-Wunused-parameter\""
  print "#pragma GCC diagnostic ignored \"-Wunused-variable\""
  print "#pragma GCC diagnostic ignored \"-Wtype-limits\""
  print "#pragma GCC diagnostic ignored \"-Wconversion\""
  print "#pragma GCC diagnostic ignored \"-Wsign-conversion\""
  print "#endif"
}

function include(name, from, depth,    at) {
  if (name == "seine.h") {
    if (public++) print "/* #include \"seine.h\" */"
    else print "#include \"seine.h\""
    return
  }
  if (seen[name]++) {
    print "/* #include \"" name "\" */"
    return
  }
  # A header that came in under a condition would be lost to the others.
  if (depth > (from ~ /\.h$/)) fail(from ": #include \"" name "\" inside #if")
  at = locate(name)
  if (at == "") fail(from ": no file for #include \"" name "\"")
  inline(name, at)
}

function inline(name, path,    line, depth, parts) {
  banner("begin", name)
  if (name ~ /\.y$/) quiet()
  depth = 0
  while ((getline line < path) > 0) {
    if (line ~ /^[ \t]*#[ \t]*if/) depth++
    if (line ~ /^[ \t]*#[ \t]*endif/) depth--
    if (line ~ /^[ \t]*#[ \t]*include[ \t]*"/) {
      split(line, parts, "\"")
      include(parts[2], name, depth)
    } else {
      print line
    }
  }
  close(path)
  if (name ~ /\.y$/)
    print "#if defined(__GNUC__)\n#pragma GCC diagnostic pop\n#endif"
  banner("end", name)
}

BEGIN {
  print "/*"
  print "** Seine " version ", a search database in one file: the amalgamation."
  print "** Made from the rooms of src/ by tool/amalg.awk.  Compile with"
  print "**   cc -O2 -c seine.c"
  print "** and link with -llz4 -lxxhash -lutf8proc -lstemmer -lm -lpthread."
  print "** Asserts are compiled only with -DSEINE_DEBUG."
  print "**"
  while ((getline line < license) > 0) print line == "" ? "**" : "** " line
  print "*/"
  print "#if !defined(SEINE_DEBUG) && !defined(NDEBUG)"
  print "#define NDEBUG 1"
  print "#endif"
  print "#ifndef SN_FUNC"
  print "#define SN_FUNC static"
  print "#endif"
}

/^[ \t]*(#|$)/ { next }

{
  if (seen[$1]++) fail("src/FILES lists " $1 " twice")
  path = locate($1)
  if (path == "") fail("src/FILES lists " $1 ", which is not there")
  print ""
  inline($1, path)
}

END { if (failed) exit 1 }
