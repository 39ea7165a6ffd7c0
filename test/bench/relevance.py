"""relevance.py prepare COLLECTION | judge COLLECTION ENGINE... | terms A B.

prepare: in this folder, of a collection as relevance.sh describes it:
corpus.ndjson of {"id": N, "text"}, N the number of the line; queries.tsv of
the number of a query and its words; words.txt, each different word of both,
as it stands there, a line; load.sql, search.sql and terms.sql for Seine.
judge: nDCG@10 of each ENGINE.list, lines of the number of a query and
N:score N:score ..., its best ten.  Of two lists that should be the same, those
of the last two engines, tells how many are.
terms: where ENGINE.terms of the two, lines of token, position, start and stop
in words.txt, are not the same.
"""
import collections
import json
import math
import os
import re
import sys

import compare

FORMS = ("documents.ndjson", "queries.tsv", "qrels")


def rows(folder, name):
    with open(os.path.join(folder, name), encoding="utf-8") as f:
        for line in f:
            if line.strip():
                yield line.rstrip("\r\n")


def key(doc):
    return str(doc["id"] if "id" in doc else doc["_id"])


def text(doc):
    return " ".join(v for k, v in doc.items()
                    if isinstance(v, str) and k not in ("id", "_id"))


def bare(query):
    """Words and nothing that either query language reads as a sign."""
    return " ".join(re.sub(r"[^\w']+", " ", query.lower()).split())


def sql(value):
    return "'" + value.replace("'", "''") + "'"


def prepare(folder):
    words = {}
    with open("corpus.ndjson", "w", encoding="utf-8") as f:
        for n, line in enumerate(rows(folder, FORMS[0])):
            doc = text(json.loads(line))
            words.update(dict.fromkeys(doc.split()))
            f.write(json.dumps({"id": n, "text": doc}) + "\n")
    with open("queries.tsv", "w", encoding="utf-8") as f, \
            open("search.sql", "w", encoding="utf-8") as to:
        for n, line in enumerate(rows(folder, FORMS[1])):
            query = bare(line.split("\t", 1)[1])
            words.update(dict.fromkeys(query.split()))
            f.write("%d\t%s\n" % (n, query))
            to.write("SELECT %d, id, score() FROM docs WHERE text MATCH %s"
                     " ORDER BY score() DESC LIMIT 10;\n" % (n, sql(query)))
    lines = "\n".join(words)
    with open("words.txt", "w", encoding="utf-8") as f:
        f.write(lines)
    with open("terms.sql", "w", encoding="utf-8") as f:
        f.write(".mode tabs\nSELECT token, position, start, stop"
                " FROM analyze('english', %s);\n" % sql(lines))


def ndcg(best, judged, depth=10):
    """As trec_eval: the gain is the judgement, by log2 of the place + 1."""
    def gain(values):
        return sum(max(0, v) / math.log2(i + 2)
                   for i, v in enumerate(values[:depth]))
    ideal = gain(sorted(judged.values(), reverse=True))
    return gain([judged.get(doc, 0) for doc in best]) / ideal


def judgements(folder):
    judged = collections.defaultdict(dict)
    for line in rows(folder, FORMS[2]):
        query, _, doc, value = line.split()
        judged[query][doc] = int(value)
    return {q: d for q, d in judged.items() if max(d.values()) > 0}


def read_lists(engine):
    lists = {}
    for line in rows(".", engine + ".list"):
        n, _, top = line.partition("\t")
        lists[int(n)] = top.strip()
    return lists


def judge(folder, *engines):
    docs = [key(json.loads(line)) for line in rows(folder, FORMS[0])]
    queries = [line.split("\t", 1)[0] for line in rows(folder, FORMS[1])]
    judged = judgements(folder)
    unknown = {d for q in judged.values() for d in q} - set(docs)
    asked = [n for n, q in enumerate(queries) if q in judged]
    print("%d documents, %d queries, %d of them judged" % (
        len(docs), len(queries), len(asked)))
    if unknown:
        print("%d judged documents are not in the collection" % len(unknown))
    if not asked:
        sys.exit("relevance: no query has a document that is relevant")
    lists = [read_lists(e) for e in engines]
    for engine, found in zip(engines, lists):
        values = [ndcg([docs[d] for d, _ in compare.pairs(found.get(n, ""))],
                       judged[queries[n]]) for n in asked]
        print("nDCG@10 %-24s %.4f" % (engine, sum(values) / len(values)))
    if len(lists) < 2:
        return
    same = sum(compare.same_list(lists[-1].get(n, ""), lists[-2].get(n, ""))
               for n in range(len(queries)))
    print("lists of %s and %s: %d of %d are the same" % (
        engines[-1], engines[-2], same, len(queries)))


def read_terms(engine):
    found = {}
    for line in rows(".", engine + ".terms"):
        token, position, start, stop = line.split("\t")
        found[int(start), int(stop)] = token, int(position)
    return found


def terms(one, other):
    with open("words.txt", encoding="utf-8") as f:
        words = f.read()
    a, b = read_terms(one), read_terms(other)
    places = sorted(a.keys() | b.keys())
    differ = {}
    for at in places:
        x, y = a.get(at, ("-", 0))[0], b.get(at, ("-", 0))[0]
        if x != y:
            differ[words[at[0]:at[1]].lower()] = x, y
    shift = sum(a[p][1] != b[p][1] for p in a.keys() & b.keys())
    print("words of %s and %s: %d, %d differ, %d stand at another position"
          % (one, other, len(places), len(differ), shift))
    with open("differ-%s.tsv" % other, "w", encoding="utf-8") as f:
        for word, (x, y) in sorted(differ.items()):
            print(word, x, y, sep="\t", file=f)
    for word, (x, y) in sorted(differ.items())[:20]:
        print("  %-24s %-20s %s" % (word, x, y))
    if len(differ) > 20:
        print("  ... all of them in differ-%s.tsv" % other)


if __name__ == "__main__":
    {"prepare": prepare, "judge": judge, "terms": terms}[sys.argv[1]](
        *sys.argv[2:])
