"""DuckDB's part of the bench, the same two commands as bench.c:

peer_duckdb.py load DB TABLE SELECT     creates TABLE from SELECT
peer_duckdb.py run DB RUNS DIR <CASES   prepared once, one thread
"""
import os
import resource
import statistics
import sys
import time

try:
    import duckdb
except ImportError:
    sys.exit(3)

SECONDS = 6.0


def connect(path):
    db = duckdb.connect(path)
    db.execute("SET threads = 1")
    return db


def load(path, table, select):
    cpu, wall = time.process_time(), time.monotonic()
    db = connect(path)
    db.execute(f"CREATE TABLE {table} AS {select}")
    rows = db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
    db.close()
    cpu, wall = time.process_time() - cpu, time.monotonic() - wall
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    size = os.stat(path).st_size
    print(rows, f"{cpu:.3f}", f"{wall:.3f}", peak, size, sep="\t")


def show(value):
    if value is None:
        return ""
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def run(path, runs, folder):
    db = connect(path)
    for line in sys.stdin:
        name, sql = line.rstrip("\n").split("\t", 1)
        db.execute(f"PREPARE p AS {sql}")
        begin = time.monotonic()
        rows = db.execute("EXECUTE p").fetchall()
        with open(os.path.join(folder, name), "w") as out:
            for row in rows:
                print(*map(show, row), sep="\t", file=out)
        cpu, wall = [], []
        while len(cpu) < runs and (
            len(cpu) < 3 or time.monotonic() - begin < SECONDS
        ):
            c, w = time.process_time(), time.monotonic()
            db.execute("EXECUTE p").fetchall()
            cpu.append((time.process_time() - c) * 1e6)
            wall.append((time.monotonic() - w) * 1e6)
        db.execute("DEALLOCATE p")
        print(name, len(rows), f"{statistics.median(cpu):.1f}",
              f"{statistics.median(wall):.1f}", sep="\t", flush=True)


if sys.argv[1:] == ["here"]:
    print(duckdb.__version__)
elif sys.argv[1:2] == ["load"]:
    load(*sys.argv[2:5])
else:
    run(sys.argv[2], int(sys.argv[3]), sys.argv[4])
