"""compare.py CLASSES RESULT...: the tables of the search benchmark.

CLASSES: lines of a class, a query and, where it is known, the exact number of
its hits, with tabs between them.  RESULT: a file NAME.result as ask.py writes it;
the first is Seine's.  Prints per command and class the mean time of each
engine and the geometric mean of Seine / engine over its queries; then which
answers differ: counts must be equal, and those of CLASSES, lists equal to
Lucene's (scores to 1e-5, ties by document).  A class that an engine was not
asked is `-` there; `all` is of the queries that every engine was asked.
"""
import math
import os
import sys

CLOSE = 1e-5
STOPPED = None


def read(path):
    rows = {}
    with open(path) as f:
        for line in f:
            command, query, best, hits, top = line.rstrip("\n").split("\t")
            hits = STOPPED if hits == "stopped" else int(hits)
            rows[command, query] = int(best) / 1000, hits, top
    return rows


def pairs(top):
    return [(int(d), float(s)) for d, s in
            (pair.split(":") for pair in top.split())]


def same_list(a, b):
    """Documents may change places only where float32 sums round apart."""
    a, b = pairs(a), pairs(b)
    if len(a) != len(b):
        return False
    for (_, x), (_, y) in zip(a, b):
        if abs(x - y) > CLOSE * max(1, abs(x)):
            return False
    last = a[-1][1] if a else 0
    edge = last + CLOSE * max(1, last)
    return ({d for d, s in a if s > edge} <= {d for d, _ in b}
            and {d for d, s in b if s > edge} <= {d for d, _ in a})


def in_order(top):
    """Best first; equal scores by document."""
    p = pairs(top)
    return all(x[1] > y[1] or x[1] == y[1] and x[0] < y[0]
               for x, y in zip(p, p[1:]))


def geometric(values):
    return math.exp(sum(map(math.log, values)) / len(values))


def row(name, keys, results):
    """Its line, and the largest ratio."""
    asked = [all(k in r for k in keys) for r in results]
    means = [sum(r[k][0] for k in keys) / len(keys) if there else None
             for r, there in zip(results, asked)]
    ratios = [geometric([results[0][k][0] / r[k][0] for k in keys])
              if there else None
              for r, there in zip(results[1:], asked[1:])]
    print("%-24s%5d%s%s" % (
        name, len(keys),
        "".join("%12s" % ("-" if x is None else "%.1f" % x) for x in means),
        "".join("%12s" % ("-" if x is None else "%.2f" % x) for x in ratios)))
    return max((x for x in ratios if x is not None), default=0)


def table(classes, engines, results):
    commands = list(dict.fromkeys(c for c, _ in results[0]))
    slow = []
    for command in commands:
        head = "".join("%12s" % e for e in engines)
        head += "".join("%12s" % ("/ " + e) for e in engines[1:])
        print("\n%-24s%5s%s" % (command, "n", head))
        rows = [(name, [(command, q) for q in queries
                        if (command, q) in results[0]])
                for name, queries in classes.items()]
        rows.append(("all", [(command, q) for qs in classes.values()
                             for q in qs
                             if all((command, q) in r for r in results)]))
        for name, keys in rows:
            worst = row(name, keys, results) if keys else 0
            if worst > 1:
                slow.append("%s %s: %.2f" % (command, name, worst))
    if slow:
        print("\nSeine is not the fastest in:", "; ".join(slow))
    for engine, result in zip(engines, results):
        late = sum(r[1] is STOPPED for r in result.values())
        if late:
            print("\n%s: %d queries were stopped at the limit, and count with"
                  " it" % (engine, late))


def known(engines, results, hits):
    """Every count that an engine gave against the one that is known."""
    bad = 0
    for engine, result in zip(engines, results):
        asked = [k for k in result if k[1] in hits
                 and result[k][1] not in (-1, STOPPED)]
        wrong = [k for k in asked if result[k][1] != hits[k[1]]]
        print("counts of the list, %s: %d queries, %d differ" % (
            engine, len(asked), len(wrong)))
        for k in sorted(wrong)[:10]:
            print("  differs:", *k, hits[k[1]], result[k][1])
        bad += len(wrong)
    return bad


def answers(engines, results):
    bad = 0
    for engine, result in list(zip(engines, results))[1:]:
        both = [k for k in results[0]
                if k in result and result[k][1] is not STOPPED]
        counts = [k for k in both if results[0][k][1] != result[k][1]]
        lists = []
        if engine == "lucene":
            lists = [k for k in both
                     if not same_list(results[0][k][2], result[k][2])]
        print("answers, %s: %d queries, %d counts differ, %s" % (
            engine, len(both), len(counts),
            "%d lists differ" % len(lists) if engine == "lucene"
            else "lists not compared (other scores)"))
        for k in sorted(counts + lists)[:10]:
            print("  differs:", *k, results[0][k][1], result[k][1])
        bad += len(counts) + len(lists)
    ties = [k for k in results[0] if not in_order(results[0][k][2])]
    print("ties: %d lists of Seine out of order" % len(ties))
    return bad + len(ties)


def main():
    classes, hits = {}, {}
    with open(sys.argv[1]) as f:
        for line in f:
            name, query, *exact = line.rstrip("\n").split("\t")
            classes.setdefault(name, []).append(query)
            if exact:
                hits[query] = int(exact[0])
    paths = sys.argv[2:]
    engines = [os.path.basename(p).rsplit(".", 1)[0] for p in paths]
    results = [read(p) for p in paths]
    print("mean us of a query, best of its runs; / engine: geometric mean of"
          " Seine's time by the engine's")
    table(classes, engines, results)
    print()
    bad = answers(engines, results)
    if hits:
        bad += known(engines, results, hits)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
