"""sql_corpus.py articles|logs <NDJSON: a CSV for bench-sql, to stdout.

articles: those of commits; logs: those of gendata.  What is searched is one
column, words: lower-cased, each run of other characters than [a-z0-9] a blank,
and a blank at both ends, so that an engine without a text index finds a word
by LIKE '% word %' and all engines find the same.  Nothing is NULL.
"""
import csv
import json
import re
import sys

BREAK = re.compile("[^a-z0-9]+")


def words(*texts):
    return " %s " % BREAK.sub(" ", " ".join(texts).lower()).strip()


def moment(text):
    return text[:19].replace("T", " ")


def article(d):
    return (d["id"], d["repo"], d["author"], moment(d["committed"]),
            int(d["merge"]), d.get("files") or 0, d.get("added") or 0,
            d.get("deleted") or 0, d["title"],
            words(d["title"], d["body"] or ""))


def log(d):
    return (moment(d["@timestamp"]), d["host"], d["clientip"], d["verb"],
            d["response"], d["bytes"], d["duration_ms"], d["country"],
            d["city"], d["request"], words(d["request"], d["agent"]))


SETS = {
    "articles": ("id repo author ts merged files added deleted title words",
                 article),
    "logs": ("ts host clientip verb response bytes duration_ms country city"
             " request words", log),
}


def main():
    head, row = SETS[sys.argv[1]]
    out = csv.writer(sys.stdout, quoting=csv.QUOTE_NONNUMERIC,
                     lineterminator="\n")
    out.writerow(head.split())
    for line in sys.stdin:
        out.writerow(row(json.loads(line)))


if __name__ == "__main__":
    main()
