"""ask.py FOLDER REPEATS SECONDS COMMAND,... ENGINE...: the engines take turns.

In FOLDER lie classes.tsv, lines of a class, a query and maybe more, and
ENGINE.index.  Each ./search-ENGINE stays up over its index and answers as
bench_search.c describes.  A command first goes over all queries to warm up,
PASSES times, but of an engine that is slow no more once it took WARM seconds:
of Java a pass takes 3 ms a query at first and 0.1 ms after some 15 passes, when
all is compiled.  Then each query is asked REPEATS times of one engine, then of
the next, before the next query comes: what disturbs the machine for longer than
a query disturbs them all.  Writes FOLDER/ENGINE.result, lines of
  COMMAND  query  best_ns  count  doc:score doc:score ...

A query is asked less often where it would take more than SECONDS in sum; it
has its first run at least.  FTS5 is stopped where that takes more, and is not
asked again what it was stopped at under a like command: its time is that limit
and its count `stopped`.  The classes fuzzy... are for Seine and Lucene alone:
FTS5 has no such words, and tantivy's stand for more than the 50 that these
two take and the lists count.
"""
import os
import subprocess
import sys
import time

PASSES = 20
WARM = 60
FUZZY = ("seine", "lucene")


class Engine:
    def __init__(self, name, folder, seconds):
        limit = [str(seconds)] if name == "fts5" else []
        self.name = name
        self.path = os.path.join(folder, name)
        self.late = set()
        self.answers = {}
        self.errors = open(self.path + ".err", "w+")
        self.process = subprocess.Popen(
            ["./search-" + name, "search", self.path + ".index"] + limit,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=self.errors, text=True, bufsize=1)

    def ask(self, runs, command, query):
        """Time in ns, count and list, as texts."""
        try:
            self.process.stdin.write("%d\t%s\t%s\n" % (runs, command, query))
            part = self.process.stdout.readline().rstrip("\n").split("\t")
            if len(part) == 3:
                return part
        except BrokenPipeError:
            pass
        self.errors.seek(0)
        sys.exit("ask: %s has no answer to %s %s\n%s" % (
            self.name, command, query, self.errors.read()[-2000:]))

    def asks(self, name):
        return self.name in FUZZY or not name.startswith("fuzzy")

    def first(self, command, query, limit):
        kind = "TOP" if command.startswith("TOP") else command
        if (kind, query) in self.late:
            answer = [str(limit), "stopped", ""]
        else:
            answer = self.ask(1, command, query)
        if answer[1] == "stopped":
            self.late.add((kind, query))
        self.answers[command, query] = answer

    def warm_up(self, command, queries, limit):
        until = time.monotonic() + WARM
        for _ in range(PASSES):
            for name, query in queries:
                if self.asks(name):
                    self.first(command, query, limit)
            if time.monotonic() > until:
                break

    def measure(self, command, query, repeats, limit):
        ns, count, top = self.answers[command, query]
        runs = min(repeats, limit // max(1, int(ns)))
        if count != "stopped" and runs:
            again = self.ask(runs, command, query)
            if again[1] != "stopped":
                self.answers[command, query] = again

    def end(self):
        self.process.stdin.close()
        if self.process.wait():
            sys.exit("ask: %s failed at its end" % self.name)
        self.errors.close()
        with open(self.path + ".result", "w") as f:
            for key, answer in self.answers.items():
                print(*key, *answer, sep="\t", file=f)


def turns(engines, queries):
    """Engine and query; each query has another engine first."""
    for i, (name, query) in enumerate(queries):
        for j in range(i, i + len(engines)):
            engine = engines[j % len(engines)]
            if engine.asks(name):
                yield engine, query


def main():
    folder, repeats, seconds, commands = sys.argv[1:5]
    engines = [Engine(name, folder, seconds) for name in sys.argv[5:]]
    limit = int(float(seconds) * 1e9)
    with open(os.path.join(folder, "classes.tsv")) as f:
        queries = [line.rstrip("\n").split("\t")[:2] for line in f]
    for command in commands.split(","):
        for engine in engines:
            engine.warm_up(command, queries, limit)
        for engine, query in turns(engines, queries):
            engine.measure(command, query, int(repeats), limit)
    for engine in engines:
        engine.end()


if __name__ == "__main__":
    main()
