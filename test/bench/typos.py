"""typos.py COMMAND ...: the list of misspellings for typos.sh.

list                     where codespell's is, if it is installed
words LIST               SQL: the rows that have each word of the list
ask LIST WORDS           SQL: suggestions for those whose right word is there
judge LIST WORDS ANSWERS the figures

A pair counts when both words are of a-z alone and one right word is given.
The costs of slips in src/match/typo.c were fitted to the training half.
"""
import re
import sys
import zlib

PAIR = re.compile("([a-z]+)->([a-z]+)\n")


def pairs(path):
    with open(path, encoding="utf-8") as f:
        return [m.groups() for m in map(PAIR.fullmatch, f) if m]


def table(path):
    with open(path, encoding="utf-8") as f:
        return dict(line.rstrip("\n").split("|")[:2] for line in f)


def find():
    try:
        import codespell_lib
    except ImportError:
        return
    print(codespell_lib.__path__[0] + "/data/dictionary.txt")


def words(path):
    for w in sorted({w for pair in pairs(path) for w in pair}):
        print(f"SELECT '{w}', count(*) FROM c WHERE c MATCH '+{w}';")


def known(path, rows):
    docs = table(rows)
    return [p for p in pairs(path) if docs[p[1]] != "0"], docs


def ask(path, rows):
    for wrong, _ in known(path, rows)[0]:
        print(f"SELECT '{wrong}', group_concat(suggestion, ' ')"
              f" FROM suggest(c.text, '{wrong}', 5, 'always');")


def line(name, of, answers):
    found = [answers.get(w, "").split() for w, _ in of]
    first = sum(f[:1] == [r] for f, (_, r) in zip(found, of))
    five = sum(r in f for f, (_, r) in zip(found, of))
    n = max(1, len(of))
    print(f"| {name} | {len(of)} | {100 * first / n:.1f} "
          f"| {100 * five / n:.1f} |")


def judge(path, rows, answers):
    of, docs = known(path, rows)
    answers = table(answers)
    print("| pairs | | first is right, % | one of five, % |\n|---|--:|--:|--:|")
    line("all whose right word is there", of, answers)
    line("... and the wrong one is not",
         [p for p in of if docs[p[0]] == "0"], answers)
    for half, name in enumerate(("training half", "other half")):
        line(name, [p for p in of if zlib.crc32(p[0].encode()) % 2 == half],
             answers)


if __name__ == "__main__":
    {"list": find, "words": words, "ask": ask,
     "judge": judge}[sys.argv[1]](*sys.argv[2:])
