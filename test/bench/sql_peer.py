"""DuckDB's and SQLite's side of bench-sql.

sql_peer.py here                    versions, a line per engine that is there
sql_peer.py load ENGINE DB THREADS SCHEMA [TABLE=FILE.csv]...
    runs the statements of the file SCHEMA, fills the tables, runs what stands
    in it behind the line "-- after"; prints rows, CPU s, wall s, peak KB, bytes
sql_peer.py run ENGINE DB THREADS SECONDS
    what sql_driver.c says
"""
import csv
import os
import resource
import sys
import threading
import time

try:
    import duckdb
except ImportError:
    duckdb = None
try:
    import sqlite3
except ImportError:
    sqlite3 = None


def open_duckdb(path, threads):
    db = duckdb.connect(path)
    db.execute(f"SET threads = {int(threads)}")
    return db


def open_sqlite(path, _threads):
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA cache_size = -1000000")
    db.execute("PRAGMA mmap_size = 4294967296")
    return db


OPEN = {"duckdb": open_duckdb, "sqlite": open_sqlite}


def fill_duckdb(db, table, path):
    db.execute(f"COPY {table} FROM '{path}' (FORMAT csv, HEADER,"
               " DELIMITER ',', QUOTE '\"', ALLOW_QUOTED_NULLS false)")


def fill_sqlite(db, table, path):
    """No table of the bench has NULLs: an empty field is an empty text."""
    with open(path, newline="", encoding="utf-8") as f:
        rows = csv.reader(f)
        marks = ",".join("?" * len(next(rows)))
        db.execute("BEGIN")
        db.executemany(f"INSERT INTO {table} VALUES({marks})", rows)
        db.execute("COMMIT")


FILL = {"duckdb": fill_duckdb, "sqlite": fill_sqlite}


def statements(text):
    return [s for s in text.split(";") if s.strip()]


def load(engine, path, threads, schema, *tables):
    cpu, wall = time.process_time(), time.monotonic()
    with open(schema) as f:
        before, _, after = f.read().partition("-- after\n")
    db = OPEN[engine](path, threads)
    rows = 0
    for sql in statements(before):
        db.execute(sql)
    for pair in tables:
        table, _, file = pair.partition("=")
        FILL[engine](db, table, file)
        rows += db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
    for sql in statements(after):
        db.execute(sql)
    db.close()
    cpu, wall = time.process_time() - cpu, time.monotonic() - wall
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(rows, f"{cpu:.3f}", f"{wall:.3f}", peak, os.stat(path).st_size,
          sep="\t")


def show(value):
    if value is None:
        return r"\N"
    if isinstance(value, float):
        return f"{value:.17g}"
    return str(value).replace("\t", " ").replace("\n", " ")


def once(db, sql, seconds):
    """The rows, CPU s and wall s; TimeoutError."""
    late = []

    def stop():
        late.append(True)
        db.interrupt()

    watch = threading.Timer(seconds, stop)
    watch.start()
    cpu, wall = time.process_time(), time.perf_counter()
    try:
        rows = db.execute(sql).fetchall()
    except Exception:
        if late:
            raise TimeoutError from None
        raise
    finally:
        watch.cancel()
    return rows, time.process_time() - cpu, time.perf_counter() - wall


def case(db, runs, path, sql, seconds):
    rows, cpu, cold = once(db, sql, seconds)
    with open(path, "w", encoding="utf-8") as out:
        for row in rows:
            print(*map(show, row), sep="\t", file=out)
    warm, spent = [], cold
    best = cold
    while len(warm) < runs and spent + best < seconds:
        warm.append(once(db, sql, seconds)[1:])
        spent += warm[-1][1]
        best = min(w for _, w in warm)
    if warm:
        cpu = min(c for c, _ in warm)
    return len(rows), cold * 1e6, cpu * 1e6, best * 1e6


def run(engine, path, threads, seconds):
    db = OPEN[engine](path, threads)
    for line in sys.stdin:
        runs, file, sql = line.rstrip("\n").split("\t", 2)
        try:
            n, *us = case(db, int(runs), file, sql, float(seconds))
            print("ok", n, *(f"{x:.1f}" for x in us), sep="\t", flush=True)
        except TimeoutError:
            print("limit", flush=True)
        except Exception as e:
            print("error", show(str(e)), sep="\t", flush=True)


def here():
    if duckdb:
        print("duckdb", duckdb.__version__, sep="\t")
    if sqlite3:
        print("sqlite", sqlite3.sqlite_version, sep="\t")


if __name__ == "__main__":
    {"here": here, "load": load, "run": run}[sys.argv[1]](*sys.argv[2:])
