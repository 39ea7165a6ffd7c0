"""The statements of a file, asked of several engines: answers, then times.

sql_bench.py schema ENGINE CASES
sql_bench.py run CASES SIZE RUNS SECONDS THREADS ENGINE=DB...

In CASES a line "-- NAME WORDS" opens a statement, which ends before the next
such line; "-- schema" opens what makes the tables.  Of the WORDS

    all, seine, duckdb, sqlite  who is asked with this text; a later one for
                                the same engine and NAME goes before
    by 2,3      columns of the answer that ORDER BY sorts by
    any         LIMIT without ORDER BY: only the number of rows is compared
    check       not timed; asked of all and compared in place of the one above

Written once for all: {scale} is SIZE; {N} is N * SIZE / 100 million, 1 at
least; {month X} and other units are date_trunc; {match TABLE.COLUMN QUERY} is
a search with +must -not, or words of which one is enough, "a phrase", prefix*.
DuckDB has no text index in its package and looks for words between blanks;
SQLite's FTS5 table of TABLE is TABLE_fts.

The engines take turns, statement by statement.  Each is a process that stays
up, and is asked as the head of sql_driver.c says.  Its first answer is
compared with Seine's: reals to 1e-9 of their size, as a set of rows; with
"by" these columns row for row, and the rest within rows where they are equal.
Rows that are equal there to the last of a LIMIT, or to the first behind an
OFFSET, may be any of these.  Writes ENGINE.result: name, rows, cold, CPU and
wall microseconds, or why there are none.
"""
import math
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ENGINES = ("seine", "duckdb", "sqlite")
CLOSE = 1e-9
WRONG, NOT_YET = "DIFFER", "not yet"


# ---- the statements ---------------------------------------------------------

UNITS = {"year": "%Y-01-01 00:00:00", "month": "%Y-%m-01 00:00:00",
         "day": "%Y-%m-%d 00:00:00", "hour": "%Y-%m-%d %H:00:00"}


def truncated(engine, unit, x):
    if engine == "sqlite":
        return f"strftime('{UNITS[unit]}', {x})"
    return f"date_trunc('{unit}', {x})"


def like(column, word):
    end = "" if word.endswith("*") else " "
    return f"{column} LIKE '% {word.strip('*').strip(chr(34))}{end}%'"


def fts5(word):
    if word.endswith("*"):
        return f'"{word[:-1]}" *'
    return word if word.startswith('"') else f'"{word}"'


def search(engine, table, column, query):
    if engine == "seine":
        return f"{column} MATCH '{query}'"
    words = re.findall(r'([-+]?)("[^"]*"|[^ ]+)', query)
    must = [w for sign, w in words if sign == "+"]
    some = [w for sign, w in words if not sign]
    no = [w for sign, w in words if sign == "-"]
    if engine == "duckdb":
        hit = (" AND " if must else " OR ").join(
            like(column, w) for w in must or some)
        return "(%s)" % " AND ".join(
            [f"({hit})"] + [f"NOT {like(column, w)}" for w in no])
    hit = (" AND " if must else " OR ").join(map(fts5, must or some))
    for w in no:
        hit = f"({hit}) NOT {fts5(w)}"
    return (f"{table}.rowid IN (SELECT rowid FROM {table}_fts"
            f" WHERE {table}_fts MATCH '{hit}')")


def spelled(engine, sql, size):
    sql = re.sub(r"\{(\d+)\}", lambda m: str(
        max(1, int(int(m[1]) * float(size) / 1e8))), sql)
    sql = sql.replace("{scale}", size)
    sql = re.sub(r"\{(year|month|day|hour) ([^}]+)\}",
                 lambda m: truncated(engine, m[1], m[2]), sql)
    return re.sub(r"\{match (\w+)\.(\w+) ([^}]+)\}",
                  lambda m: search(engine, m[1], m[2], m[3]), sql)


class Case:
    def __init__(self, name):
        self.name = name
        self.sql = {}
        self.check = None
        self.by = []
        self.check_by = []
        self.any = False

    def add(self, words, sql, size):
        for engine in ENGINES:
            if engine in words or "all" in words:
                self.sql[engine] = spelled(engine, sql, size)
        by = []
        if "by" in words:
            by = [int(k) - 1
                  for k in words[words.index("by") + 1].split(",")]
        if "check" in words:
            self.check, self.check_by = sql, by
        elif by:
            self.by = by
        self.any = self.any or "any" in words


def blocks(path):
    """(NAME, WORDS, text) of each statement."""
    name, words, text = None, [], []
    with open(path, encoding="utf-8") as f:
        for line in f:
            head = re.match(r"-- ([a-z0-9_]+)((?: (?:all|seine|duckdb|sqlite"
                            r"|any|check|by [0-9,]+))+)?$", line.rstrip())
            if head and (head[2] or head[1] in ("schema", "after")):
                if name:
                    yield name, words, "".join(text)
                name, words, text = head[1], (head[2] or "").split(), []
            elif not line.startswith("--"):
                text.append(line)
    if name:
        yield name, words, "".join(text)


def cases(path, size):
    found = {}
    for name, words, text in blocks(path):
        if name in ("schema", "after"):
            continue
        sql = " ".join(text.split()).rstrip("; ")
        found.setdefault(name, Case(name)).add(words, sql, size)
    return list(found.values())


def schema(engine, path):
    for name, words, text in blocks(path):
        if words and engine not in words and "all" not in words:
            continue
        if name == "schema":
            # What the others call TEXT is one word to Seine, KEYWORD.
            print(re.sub(r"\bTEXT\b", "KEYWORD", text)
                  if engine == "seine" and not words else text)
        elif name == "after":
            print("-- after\n" + text)


# ---- the engines ------------------------------------------------------------

class Engine:
    def __init__(self, name, db, threads, seconds):
        self.name = name
        command = (["../sql_driver", db, threads, seconds] if name == "seine" else
                   [sys.executable, os.path.join(HERE, "sql_peer.py"), "run",
                    name, db, threads, seconds])
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            encoding="utf-8")
        os.makedirs(name + ".answers", exist_ok=True)
        self.result = open(name + ".result", "w", encoding="utf-8")

    def answer_file(self, case):
        return os.path.join(self.name + ".answers", case)

    def ask(self, case, sql, runs):
        """None, or (cold us, CPU us, wall us); and what to say of it."""
        print(runs, self.answer_file(case), sql, sep="\t",
              file=self.process.stdin, flush=True)
        reply = self.process.stdout.readline().rstrip("\n").split("\t")
        if reply[0] == "ok":
            return tuple(map(float, reply[2:])), ""
        if reply[0] == "error":
            return None, reply[1]
        if reply[0] == "limit":
            return None, "limit"
        sys.exit(f"bench-sql: {self.name} ended at {case}: {sql}")

    def note(self, case, rows, times, why):
        print(case, rows, *(times or [why]), sep="\t", file=self.result,
              flush=True)

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.result.close()


# ---- the answers ------------------------------------------------------------

NUMBER = re.compile(r"-?\d+(\.\d*)?(e[-+]?\d+)?$")


def value(text):
    """Text, integer, or real; true and True are 1."""
    if text in ("true", "True"):
        return 1
    if text in ("false", "False"):
        return 0
    m = NUMBER.match(text)
    if not m:
        return text
    v = float(text) if m[1] or m[2] else int(text)
    # 2 is 2.00, and comes to the same place in a set.
    if isinstance(v, float) and abs(v) < 1e15 and v.is_integer():
        return int(v)
    return v


def read(path):
    with open(path, encoding="utf-8") as f:
        return [tuple(map(value, line.rstrip("\n").split("\t")))
                for line in f]


def close(a, b):
    if isinstance(a, str) or isinstance(b, str):
        return a == b
    if isinstance(a, int) and isinstance(b, int):
        return a == b
    return abs(a - b) <= CLOSE * max(abs(a), abs(b))


def rows_equal(a, b):
    return len(a) == len(b) and all(map(close, a, b))


def order(row):
    """Reals last and cut short, so that two that are close come together."""
    return (tuple((isinstance(v, str), v) for v in row
                  if not isinstance(v, float)),
            tuple(f"{v:.6e}" for v in row if isinstance(v, float)))


def sets_equal(a, b):
    return len(a) == len(b) and all(
        map(rows_equal, sorted(a, key=order), sorted(b, key=order)))


def runs_of(rows, by):
    """[first, end) of rows that are equal in these columns."""
    start = 0
    for i in range(1, len(rows) + 1):
        if i == len(rows) or not all(
                close(rows[i][k], rows[start][k]) for k in by):
            yield start, i
            start = i


def same(a, b, by, any_rows, sql):
    """Whether a and b answer the same; sql.sh tries these before it begins.

    >>> rows = [("a", 3), ("b", 2), ("c", 2)]
    >>> same(rows, [("a", 3), ("c", 2), ("b", 2)], [1], False, "")
    True
    >>> same(rows, [("a", 3), ("d", 2), ("b", 2)], [1], False, "")
    False
    >>> same(rows, [("a", 3), ("d", 2), ("b", 2)], [1], False, "a LIMIT 3")
    True
    >>> same(rows, [("z", 3), ("b", 2), ("c", 2)], [1], False, "a LIMIT 3")
    False
    >>> same(rows, [("z", 3), ("b", 2), ("c", 2)], [1], False, "a OFFSET 1")
    True
    >>> same(rows, [("a", 3), ("b", 2), ("c", 1)], [1], False, "a LIMIT 3")
    False
    >>> same(rows, rows[::-1], [1], False, ""), same(rows, rows[::-1], [],
    ...                                              False, "")
    (False, True)
    >>> same(rows, rows[:2], [], False, ""), same(rows, rows[:2], [], True, "")
    (False, False)
    >>> same([(1.0,)], [(1 + 1e-10,)], [], False, "")
    True
    >>> same([(1.0,)], [(1 + 1e-8,)], [], False, "")
    False
    """
    if any_rows or not by:
        return len(a) == len(b) if any_rows else sets_equal(a, b)
    if len(a) != len(b):
        return False
    if not all(close(x[k], y[k]) for x, y in zip(a, b) for k in by):
        return False
    limit, offset = " LIMIT " in sql, " OFFSET " in sql
    for first, end in runs_of(a, by):
        if (limit and end == len(a)) or (offset and not first):
            continue
        if not sets_equal(a[first:end], b[first:end]):
            return False
    return True


def compare(case, engines, asked):
    """Per peer: same, DIFFER or -; in brackets when Seine has no answer yet
    and the first peer's stands for it."""
    verdict = {}
    name, by, sql = case.name, case.by, case.sql.get("seine", "")
    if case.check:
        name, by, sql = case.name + ".check", case.check_by, case.check
        for e in engines:
            if asked.get(e.name) and not e.ask(name, sql, 0)[0]:
                asked[e.name] = None
    have = [e for e in engines if asked.get(e.name)]
    for e in have[1:]:
        ok = same(read(have[0].answer_file(name)), read(e.answer_file(name)),
                  by, case.any, sql)
        verdict[e.name] = ("same" if ok else WRONG) if have[0] is engines[0] \
            else "(same)" if ok else "(%s)" % WRONG
    return verdict


# ---- the run ----------------------------------------------------------------

def geometric(values):
    return math.exp(sum(map(math.log, values)) / len(values))


def line(name, rows, cells, ratios, words):
    print("%-20s %6s" % (name, rows), "".join("%12s" % c for c in cells),
          "".join("%8s" % r for r in ratios), " " + " ".join(words),
          flush=True)


def report(engines, ratios, spent, verdicts, not_yet, late, total):
    print()
    for e in engines[1:]:
        mine = sorted((r, case) for case, r in ratios[e.name].items())
        if not mine:
            continue
        print("%s / Seine: geometric mean %.2f of %d, sum %.2f (%.0f / %.0f"
              " ms); Seine is slower in %d" %
              (e.name, geometric([r for r, _ in mine]), len(mine),
               spent[e.name][1] / spent[e.name][0], spent[e.name][1] / 1e3,
               spent[e.name][0] / 1e3, sum(r < 1 for r, _ in mine)))
        print("  least:", ", ".join("%s %.2f" % (c, r) for r, c in mine[:10]))
        wrong = [c for c, v in verdicts.items() if v.get(e.name) == WRONG]
        print("  answers: %d same, %d differ%s" % (
            sum(v.get(e.name) == "same" for v in verdicts.values()),
            len(wrong), ": " + " ".join(wrong) if wrong else ""))
    print("%s: %d of %d" % (NOT_YET, len(not_yet), total))
    if late:
        print("over the limit of time:", " ".join(late))
    for name, why in not_yet:
        print("  %s: %s" % (name, why))


def run(path, size, runs, seconds, threads, *pairs):
    engines = [Engine(*p.split("=", 1), threads, seconds) for p in pairs]
    clock = 1 if threads == "1" else 2  # of (cold, CPU, wall)
    all_cases = cases(path, size)
    ratios = {e.name: {} for e in engines}
    spent = {e.name: [0, 0] for e in engines}
    verdicts, not_yet, late = {}, [], []
    line("CPU ms" if clock == 1 else "wall ms", "rows",
         [e.name for e in engines] + ["1st " + e.name for e in engines[:2]],
         ["/" + e.name for e in engines[1:]], ["answers"])
    for case in all_cases:
        times, why = {}, {}
        for e in engines:
            if e.name not in case.sql:
                times[e.name], why[e.name] = None, "-"
                continue
            times[e.name], why[e.name] = e.ask(
                case.name, case.sql[e.name], runs)
        asked = {name: bool(t) for name, t in times.items()}
        verdict = verdicts[case.name] = compare(case, engines, asked)
        if not times["seine"] and why["seine"] != "limit":
            not_yet.append((case.name, why["seine"]))
        elif not times["seine"]:
            late.append(case.name)
        for e in engines:
            n = "-"
            if times[e.name]:
                n = len(read(e.answer_file(case.name)))
            if e is engines[0]:
                shown = n
            e.note(case.name, n, times[e.name], why[e.name])
            if times["seine"] and times[e.name]:
                ratios[e.name][case.name] = (times[e.name][clock] /
                                             times["seine"][clock])
                spent[e.name][0] += times["seine"][clock]
                spent[e.name][1] += times[e.name][clock]
        cells = ["%.2f" % (times[e.name][clock] / 1e3) if times[e.name] else
                 (NOT_YET if e is engines[0] and why[e.name] != "limit"
                  else why[e.name][:9]) for e in engines]
        cells += ["%.2f" % (times[e.name][0] / 1e3) if times[e.name] else "-"
                  for e in engines[:2]]
        line(case.name, shown, cells,
             ["%.2f" % ratios[e.name][case.name]
              if case.name in ratios[e.name] else "-" for e in engines[1:]],
             [verdict.get(e.name, "-") for e in engines[1:]])
        for e in engines[1:]:
            if why[e.name] not in ("", "-", "limit"):
                print("  %s: %s" % (e.name, why[e.name]))
    report(engines, ratios, spent, verdicts, not_yet, late,
           len(all_cases))
    for e in engines:
        e.close()
    return any(WRONG in x for v in verdicts.values() for x in v.values())


if __name__ == "__main__":
    sys.exit({"schema": schema, "run": run}[sys.argv[1]](*sys.argv[2:]))
