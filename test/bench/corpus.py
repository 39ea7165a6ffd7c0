"""corpus.py DATA [SET...]: articles of the data sets as one corpus, to stdout.

NDJSON of {"id": N, "text": "..."}: title, a blank, body; lower-cased, each
run of characters other than [a-z0-9] one blank, so that every engine cuts it
into the same words at blanks.  id is the number of the line, from 0.  All sets
when none is named; - is NDJSON from stdin.  A set that is not there is left
out, with a line to stderr.
"""
import json
import os
import re
import subprocess
import sys

SETS = ("commits", "packages-en", "packages-fr", "loi-fr", "wordnet",
        "rel-docs")
FIELDS = ("title", "body")
BREAK = re.compile("[^a-z0-9]+")


def lines(folder, name):
    path = os.path.join(folder, name + ".ndjson")
    if name == "-":
        yield from sys.stdin.buffer
    elif os.path.exists(path):
        with open(path, "rb") as f:
            yield from f
    elif os.path.exists(path + ".zst"):
        with subprocess.Popen(["zstd", "-dqc", path + ".zst"],
                              stdout=subprocess.PIPE) as p:
            yield from p.stdout
    else:
        print("corpus: skipped: no", name, "in the data folder",
              file=sys.stderr)


def main():
    n = 0
    for name in sys.argv[2:] or SETS:
        for line in lines(sys.argv[1], name):
            doc = json.loads(line)
            text = " ".join(str(doc.get(f) or "") for f in FIELDS)
            text = BREAK.sub(" ", text.lower()).strip()
            sys.stdout.write('{"id": %d, "text": "%s"}\n' % (n, text))
            n += 1


if __name__ == "__main__":
    main()
