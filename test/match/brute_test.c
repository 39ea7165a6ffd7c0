/*
** brute_test: MATCH against a matcher and scorer without any index.
**
**   brute_test ?COLLECTIONS? ?SEED?
**
** Random small collections (1 .. 60 documents, a vocabulary of 10 .. 40 words
** that share prefixes, two fields) are stored through seine.h in one segment
** or many, and random query trees are asked of them.  The answers here come
** from the words of the documents themselves:
**
**   word       some field has it
**   "phrase"   its words at increasing places, one apart
**   ~slop      places, less those asked for, within a span of at most slop,
**              no place used twice; Lucene's frequency when no word of the
**              phrase stands in it twice, else only the set is compared
**   pre*       some word begins so; a constant score
**   AND OR NOT + -   as Lucene's booleans
**
** and scores from Lucene's BM25 (k1 1.2, b 0.75, lengths as one byte).
** Checked per query: the set, the count, every score to 1e-5, and the order
** of the best ten, ties by rowid.  States of a collection: as inserted,
** reopened, with deleted rows (sets only: their statistics stay until they
** are merged away), optimized, reopened again.
*/
#include "seine.h"
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_DOCS   60
#define MAX_WORDS  40
#define MAX_LENGTH 90
#define MAX_KIDS   4
#define MAX_PHRASE 4
#define TOP        10
#define FIELDS     2

/* ---- chance ------------------------------------------------------------- */

static uint64_t chance_state = 1;

static uint32_t chance(uint32_t below) {
  chance_state ^= chance_state << 13;
  chance_state ^= chance_state >> 7;
  chance_state ^= chance_state << 17;
  return (uint32_t)((chance_state >> 11) % below);
}

static void chanceSeed(uint64_t n) {
  chance_state = n * 0x9e3779b97f4a7c15ull + 88172645463325252ull;
  for (int i = 0; i < 5; i++) chance(2);
}

/* ---- the collection ----------------------------------------------------- */

typedef struct Text {
  int n;                 /* 0: NULL */
  int word[MAX_LENGTH];
} Text;

typedef struct Doc {
  Text field[FIELDS];
  bool gone;             /* deleted */
} Doc;

static char vocabulary[MAX_WORDS][8];
static int nvocabulary;
static Doc docs[MAX_DOCS];
static int ndocs;
static const char *const field_name[FIELDS] = {"body", "title"};

/* Statistics of a field, and how many documents have each word. */
static struct { int docs; int64_t total; int df[MAX_WORDS]; } stats[FIELDS];

static void makeVocabulary(void) {
  nvocabulary = 10 + (int)chance(MAX_WORDS - 9);
  for (int i = 0; i < nvocabulary;) {
    char *w = vocabulary[i];
    int n = 1 + (int)chance(4), j = 0;
    for (int k = 0; k < n; k++) w[k] = (char)('a' + chance(4));
    w[n] = 0;
    while (j < i && strcmp(vocabulary[j], w)) j++;
    if (j == i) i++;
  }
}

static void makeText(Text *t, int most) {
  t->n = (int)chance((uint32_t)most + 1);
  for (int i = 0; i < t->n; i++) {
    /* some words are much more frequent than others */
    uint32_t a = chance((uint32_t)nvocabulary);
    uint32_t b = chance((uint32_t)nvocabulary);
    t->word[i] = (int)(a < b ? a : b);
  }
}

static void makeDocs(void) {
  ndocs = 1 + (int)chance(MAX_DOCS);
  for (int d = 0; d < ndocs; d++) {
    makeText(&docs[d].field[0], chance(8) ? 20 : MAX_LENGTH);
    makeText(&docs[d].field[1], 5);
    docs[d].gone = false;
  }
}

static bool textHas(const Text *t, int word) {
  for (int i = 0; i < t->n; i++)
    if (t->word[i] == word) return true;
  return false;
}

/* Counts what a merge leaves: deleted documents are out. */
static void countStats(void) {
  memset(stats, 0, sizeof stats);
  for (int d = 0; d < ndocs; d++) {
    if (docs[d].gone) continue;
    for (int f = 0; f < FIELDS; f++) {
      const Text *t = &docs[d].field[f];
      stats[f].docs += t->n > 0;
      stats[f].total += t->n;
      for (int w = 0; w < nvocabulary; w++) stats[f].df[w] += textHas(t, w);
    }
  }
}

/* ---- query trees -------------------------------------------------------- */

typedef enum Kind { WORD, PHRASE, PREFIX, BOOL } Kind;
typedef enum Occurs { SHOULD, MUST, NOT } Occurs;

typedef struct Node {
  Kind kind;
  int field;               /* -1: the defaults */
  float boost;
  int n;                   /* words of a phrase, kids of a boolean */
  int word[MAX_PHRASE];
  int slop;
  char prefix[8];
  struct Node *kid[MAX_KIDS];
  Occurs occurs[MAX_KIDS];
  int style;               /* of writing a boolean */
} Node;

static Node pool[256];
static int npool;
static bool pool_scored;   /* no sloppy phrase has a word twice */
static bool fields_named;  /* leaves may name their field */
static bool words_and;     /* clauses side by side must all match */

static float makeBoost(void) {
  static const float some[] = {2.0f, 0.5f, 2.5f, 3.0f, 0.25f, 10.0f};
  return chance(5) ? 1.0f : some[chance(6)];
}

/* Words that stand together somewhere, so that phrases are found. */
static void makePhrase(Node *q) {
  const Text *t = &docs[chance((uint32_t)ndocs)].field[chance(FIELDS)];
  q->n = 2 + (int)chance(MAX_PHRASE - 1);
  for (int i = 0; i < q->n; i++)
    q->word[i] = (int)chance((uint32_t)nvocabulary);
  if (t->n >= q->n && chance(4)) {
    int at = (int)chance((uint32_t)(t->n - q->n + 1));
    for (int i = 0; i < q->n; i++) q->word[i] = t->word[at + i];
    if (!chance(3)) {
      int w = q->word[0];
      q->word[0] = q->word[1];
      q->word[1] = w;
    }
  }
  if (!chance(3)) {
    q->slop = 1 + (int)chance(6);
    for (int i = 0; i < q->n; i++)
      for (int k = 0; k < i; k++)
        if (q->word[i] == q->word[k]) pool_scored = false;
  }
}

static Node *makeNode(int depth);

/* A boolean that has something positive in it. */
static void makeBool(Node *q, int depth) {
  q->style = (int)chance(4);
  q->n = 2 + (int)chance(MAX_KIDS - 1);
  for (int i = 0; i < q->n; i++) {
    q->kid[i] = makeNode(depth - 1);
    if (q->style == 0) {
      q->occurs[i] = i && !chance(4) ? NOT : MUST;
    } else if (q->style == 1 || q->style == 2) {
      q->occurs[i] = SHOULD;
    } else {
      q->occurs[i] = i ? (Occurs)chance(3) : (Occurs)chance(2);
    }
    if (words_and && q->style >= 2 && q->occurs[i] == SHOULD)
      q->occurs[i] = MUST;
  }
}

static Node *makeNode(int depth) {
  Node *q = &pool[npool++];
  memset(q, 0, sizeof *q);
  q->boost = makeBoost();
  q->field = fields_named && !chance(2) ? (int)chance(FIELDS) : -1;
  uint32_t r = chance(10);
  if (depth > 0 && npool < 100 && r < 6) {
    q->kind = BOOL;
    q->field = -1;
    makeBool(q, depth);
  } else if (r < 8) {
    q->kind = WORD;
    q->word[0] = (int)chance((uint32_t)nvocabulary);
  } else if (r == 8) {
    q->kind = PHRASE;
    makePhrase(q);
  } else {
    const char *w = vocabulary[chance((uint32_t)nvocabulary)];
    q->kind = PREFIX;
    snprintf(q->prefix, sizeof q->prefix, "%.*s",
        1 + (int)chance((uint32_t)strlen(w)), w);
  }
  return q;
}

/* ---- writing a tree ----------------------------------------------------- */

static char text[16384];
static size_t ntext;

static void put(const char *fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  int n = vsnprintf(text + ntext, sizeof text - ntext, fmt, ap);
  va_end(ap);
  if (n > 0 && ntext + (size_t)n < sizeof text) ntext += (size_t)n;
}

static void putNode(const Node *q);

static void putBool(const Node *q) {
  put("(");
  for (int i = 0; i < q->n; i++) {
    if (i) put(q->style == 0 ? " AND " : q->style == 1 ? " OR " : " ");
    if (q->style == 0 && q->occurs[i] == NOT) put("NOT ");
    if (q->style == 3 && q->occurs[i] == NOT) put("-");
    if (q->style == 3 && q->occurs[i] == MUST) put("+");
    putNode(q->kid[i]);
  }
  put(")");
}

static void putNode(const Node *q) {
  if (q->field >= 0) put("%s:", field_name[q->field]);
  switch (q->kind) {
    case WORD: put("%s", vocabulary[q->word[0]]); break;
    case PREFIX: put("%s*", q->prefix); break;
    case BOOL: putBool(q); break;
    case PHRASE:
      put("\"");
      for (int i = 0; i < q->n; i++)
        put("%s%s", i ? " " : "", vocabulary[q->word[i]]);
      put("\"");
      if (q->slop) put("~%d", q->slop);
      break;
  }
  if (q->boost != 1.0f) put("^%g", (double)q->boost);
}

/* ---- matching and scoring without an index ------------------------------ */

/* Lucene's SmallFloat: exact below 40, then four significant bits. */
static int quantised(int n) {
  int v = n - 24, bits = 0;
  if (n < 40) return n;
  for (int x = v; x; x >>= 1) bits++;
  return ((v >> (bits - 4)) << (bits - 4)) + 24;
}

static float idf(int field, int word) {
  double n = stats[field].df[word], N = stats[field].docs;
  return (float)log(1.0 + (N - n + 0.5) / (n + 0.5));
}

static float bm25(int field, float weight, float tf, int length) {
  float avg = (float)((double)stats[field].total
      / (double)stats[field].docs);
  float inv = 1.0f / (1.2f * ((1.0f - 0.75f)
      + 0.75f * (float)quantised(length) / avg));
  return weight - weight / (1.0f + tf * inv);
}

static int termFreq(const Text *t, int word) {
  int n = 0;
  for (int i = 0; i < t->n; i++) n += t->word[i] == word;
  return n;
}

static int phraseFreq(const Text *t, const Node *q) {
  int n = 0;
  for (int at = 0; at + q->n <= t->n; at++) {
    int i = 0;
    while (i < q->n && t->word[at + i] == q->word[i]) i++;
    n += i == q->n;
  }
  return n;
}

/* Is there a choice of places for the words from i on, given those before? */
static bool phraseNear(const Text *t, const Node *q, int i, int *place) {
  if (i == q->n) {
    int lo = place[0], hi = place[0];
    for (int k = 1; k < i; k++) {
      int v = place[k] - k;
      lo = v < lo ? v : lo;
      hi = v > hi ? v : hi;
    }
    return hi - lo <= q->slop;
  }
  for (int p = 0; p < t->n; p++) {
    bool used = false;
    if (t->word[p] != q->word[i]) continue;
    for (int k = 0; k < i; k++) used |= place[k] == p;
    if (used || (i && abs(p - i - place[0]) > q->slop)) continue;
    place[i] = p;
    if (phraseNear(t, q, i + 1, place)) return true;
  }
  return false;
}

/* The next place of word i of the phrase behind `from`, less i. */
static int phraseNext(const Text *t, const Node *q, int i, int from) {
  for (int p = from + i + 1; p < t->n; p++)
    if (p >= 0 && t->word[p] == q->word[i]) return p - i;
  return INT_MAX;
}

/* Lucene's sloppy frequency, for words that differ: the first of the words
** moves on until it passes the second; the least width it had is weighed. */
static float phraseSloppy(const Text *t, const Node *q) {
  int v[MAX_PHRASE], end = INT_MIN;
  float freq = 0;
  for (int i = 0; i < q->n; i++) {
    v[i] = phraseNext(t, q, i, -i - 1);
    if (v[i] == INT_MAX) return 0;
    end = v[i] > end ? v[i] : end;
  }
  for (;;) {
    int first = 0, second = INT_MAX, width;
    for (int i = 1; i < q->n; i++)
      if (v[i] < v[first]) first = i;
    for (int i = 0; i < q->n; i++)
      if (i != first && v[i] < second) second = v[i];
    do {
      width = end - v[first];
      v[first] = phraseNext(t, q, first, v[first]);
    } while (v[first] <= second && v[first] != INT_MAX);
    if (width <= q->slop) freq += 1.0f / (1.0f + (float)width);
    if (v[first] == INT_MAX) return freq;
    end = v[first] > end ? v[first] : end;
  }
}

static bool textHasPrefix(const Text *t, const char *prefix) {
  size_t n = strlen(prefix);
  for (int i = 0; i < t->n; i++)
    if (!strncmp(vocabulary[t->word[i]], prefix, n)) return true;
  return false;
}

/* A leaf in one field: does it match, how well. */
static bool leafMatch(const Node *q, const Doc *d, int f, float boost,
    float *score) {
  const Text *t = &d->field[f];
  float tf, weight;
  int place[MAX_PHRASE];
  if (q->kind == PREFIX) {
    *score = boost;
    return textHasPrefix(t, q->prefix);
  }
  if (q->kind == WORD) {
    tf = (float)termFreq(t, q->word[0]);
    weight = idf(f, q->word[0]);
  } else {
    tf = !q->slop ? (float)phraseFreq(t, q)
        : pool_scored ? phraseSloppy(t, q)
        : (float)phraseNear(t, q, 0, place);
    double sum = 0;
    for (int i = 0; i < q->n; i++) sum += (double)idf(f, q->word[i]);
    weight = (float)sum;
  }
  if (!(tf > 0)) return false;
  *score = bm25(f, boost * weight, tf, t->n);
  return true;
}

/* The default fields are 0 .. ndefaults - 1. */
static bool nodeMatch(const Node *q, const Doc *d, int ndefaults,
    float boost, double *score) {
  bool must = true, some = false, has_must = false;
  boost *= q->boost;
  *score = 0;
  if (q->kind != BOOL) {
    int from = q->field < 0 ? 0 : q->field;
    int to = q->field < 0 ? ndefaults : q->field + 1;
    for (int f = from; f < to; f++) {
      float s;
      if (!leafMatch(q, d, f, boost, &s)) continue;
      some = true;
      if ((double)s > *score) *score = (double)s;
    }
    return some;
  }
  for (int i = 0; i < q->n; i++) {
    double s;
    bool is = nodeMatch(q->kid[i], d, ndefaults, boost, &s);
    if (q->occurs[i] == NOT) {
      if (is) must = false;
      continue;
    }
    if (q->occurs[i] == MUST) {
      has_must = true;
      if (!is) must = false;
    } else {
      some |= is;
    }
    if (is) *score += s;
  }
  return must && (has_must || some);
}

/* ---- the database ------------------------------------------------------- */

static seine *db;
static char problem[1024];
static bool failed;

static void fail(const char *fmt, ...) {
  va_list ap;
  if (failed) return;
  failed = true;
  va_start(ap, fmt);
  vsnprintf(problem, sizeof problem, fmt, ap);
  va_end(ap);
}

static void run(const char *sql) {
  int rc = seine_exec(db, sql, 0, 0, 0);
  if (rc) fail("%.60s: %s", sql, seine_errmsg(db));
}

static void openDb(void) {
  int rc;
  seine_close(db);
  rc = seine_open_v2("brute.db", &db,
      SEINE_OPEN_READWRITE | SEINE_OPEN_CREATE, "memory");
  if (rc) fail("open: %s", seine_errmsg(db));
  run(words_and ? "PRAGMA match_operator = and"
      : "PRAGMA match_operator = or");
}

static void putText(const Text *t) {
  if (!t->n) {
    put("NULL");
    return;
  }
  put("'");
  for (int i = 0; i < t->n; i++)
    put("%s%s", i ? " " : "", vocabulary[t->word[i]]);
  put("'");
}

/* INSERT statements of random length: each makes a segment. */
static void store(void) {
  uint32_t most = chance(3) ? 1 + chance(MAX_DOCS) : 1;
  uint32_t left = 0;
  if (!chance(4)) most = MAX_DOCS;
  openDb();
  run("DROP TABLE IF EXISTS t");
  run("CREATE TABLE t(body TEXT ANALYZER whitespace,"
      " title TEXT ANALYZER simple)");
  for (int d = 0; d < ndocs; d++) {
    if (!left) {
      ntext = 0;
      put("INSERT INTO t VALUES ");
      left = 1 + chance(most);
    } else {
      put(", ");
    }
    put("(");
    putText(&docs[d].field[0]);
    put(", ");
    putText(&docs[d].field[1]);
    put(")");
    if (!--left || d + 1 == ndocs || ntext > sizeof text / 2) {
      run(text);
      left = 0;
    }
  }
}

static void removeSome(void) {
  for (int d = 0; d < ndocs; d++) {
    char sql[80];
    if (chance(4)) continue;
    docs[d].gone = true;
    snprintf(sql, sizeof sql, "DELETE FROM t WHERE rowid = %d", d + 1);
    run(sql);
  }
}

/* ---- comparing ---------------------------------------------------------- */

typedef struct Answer {
  int n;
  int doc[MAX_DOCS];
  double score[MAX_DOCS];
} Answer;

static void bruteAnswer(const Node *q, int ndefaults, Answer *a) {
  a->n = 0;
  for (int d = 0; d < ndocs; d++) {
    double s;
    if (docs[d].gone) continue;
    if (!nodeMatch(q, &docs[d], ndefaults, 1.0f, &s)) continue;
    a->doc[a->n] = d;
    a->score[a->n++] = s;
  }
}

/* Rows of (rowid, score or nothing). */
static void seineAnswer(const char *sql, Answer *a) {
  seine_stmt *s = 0;
  int rc = seine_prepare_v2(db, sql, -1, &s, 0);
  a->n = 0;
  if (!rc) rc = seine_bind_text(s, 1, text, (int)ntext);
  if (!rc) {
    while ((rc = seine_step(s)) == SEINE_ROW) {
      if (a->n == MAX_DOCS) {
        fail("more rows than documents");
        break;
      }
      a->doc[a->n] = (int)seine_column_int64(s, 0) - 1;
      a->score[a->n++] = seine_column_count(s) > 1
          ? seine_column_double(s, 1) : 0;
    }
  }
  if (rc != SEINE_DONE) fail("error: %s", seine_errmsg(db));
  seine_finalize(s);
}

static bool nearly(double a, double b) {
  double most = fabs(a) > fabs(b) ? fabs(a) : fabs(b);
  return fabs(a - b) <= 1e-5 * most + 1e-9;
}

static void compareSet(const Answer *want, const Answer *got) {
  if (got->n != want->n) {
    fail("%d documents, not %d", got->n, want->n);
    return;
  }
  for (int i = 0; i < want->n; i++)
    if (got->doc[i] != want->doc[i])
      fail("row %d: document %d, not %d", i, got->doc[i] + 1,
          want->doc[i] + 1);
}

static void compareScores(const Answer *want, const Answer *got) {
  compareSet(want, got);
  for (int i = 0; i < want->n && !failed; i++)
    if (!nearly(got->score[i], want->score[i]))
      fail("document %d: score %.9g, not %.9g", want->doc[i] + 1,
          got->score[i], want->score[i]);
}

/* The best ten: in order of their own scores, ties by rowid; each score as
** expected; nothing better left out. */
static void compareTop(const Answer *want, const Answer *got) {
  int n = want->n < TOP ? want->n : TOP;
  bool taken[MAX_DOCS] = {false};
  double least = INFINITY;
  if (got->n != n) {
    fail("top: %d documents, not %d", got->n, n);
    return;
  }
  for (int i = 0; i < n; i++) {
    int k = 0;
    while (k < want->n && want->doc[k] != got->doc[i]) k++;
    if (k == want->n || taken[k]) {
      fail("top: document %d is wrong", got->doc[i] + 1);
      return;
    }
    taken[k] = true;
    least = want->score[k] < least ? want->score[k] : least;
    if (!nearly(want->score[k], got->score[i]))
      fail("top: document %d: score %.9g, not %.9g", got->doc[i] + 1,
          got->score[i], want->score[k]);
    if (i && (got->score[i] > got->score[i - 1]
        || (got->score[i] == got->score[i - 1]
        && got->doc[i] < got->doc[i - 1])))
      fail("top: order at place %d", i + 1);
  }
  for (int k = 0; k < want->n; k++)
    if (!taken[k] && want->score[k] > least
        && !nearly(want->score[k], least))
      fail("top: document %d is left out", want->doc[k] + 1);
}

static void compareCount(const Answer *want, const char *sql) {
  Answer got;
  seineAnswer(sql, &got);
  if (!failed && (got.n != 1 || got.doc[0] + 1 != want->n))
    fail("count %d, not %d", got.n ? got.doc[0] + 1 : -1, want->n);
}

/* One query; false after the first difference. */
static bool tryQuery(bool scored) {
  static const char *const sql[2][4] = {
      {"SELECT rowid FROM t WHERE body MATCH ? ORDER BY rowid",
       "SELECT count(*) FROM t WHERE body MATCH ?",
       "SELECT rowid, score() FROM t WHERE body MATCH ? ORDER BY rowid",
       "SELECT rowid, score() FROM t WHERE body MATCH ?"
       " ORDER BY score() DESC LIMIT 10"},
      {"SELECT rowid FROM t WHERE t MATCH ? ORDER BY rowid",
       "SELECT count(*) FROM t WHERE t MATCH ?",
       "SELECT rowid, score() FROM t WHERE t MATCH ? ORDER BY rowid",
       "SELECT rowid, score() FROM t WHERE t MATCH ?"
       " ORDER BY score() DESC LIMIT 10"}};
  bool table = chance(2);
  Answer want, got;
  npool = 0;
  pool_scored = true;
  fields_named = table;
  Node *q = makeNode((int)chance(4));
  ntext = 0;
  putNode(q);
  bruteAnswer(q, table ? FIELDS : 1, &want);
  seineAnswer(sql[table][0], &got);
  compareSet(&want, &got);
  compareCount(&want, sql[table][1]);
  if (!failed && scored && pool_scored) {
    seineAnswer(sql[table][2], &got);
    compareScores(&want, &got);
    seineAnswer(sql[table][3], &got);
    compareTop(&want, &got);
  }
  return !failed;
}

/* ---- the program -------------------------------------------------------- */

static int queries_tried;

static bool tryQueries(const char *state, bool scored, int n, uint64_t seed) {
  for (int i = 0; i < n && !failed; i++) {
    queries_tried++;
    if (tryQuery(scored)) continue;
    printf("# seed %llu, %s: %s\n# query: %.*s\n",
        (unsigned long long)seed, state, problem, (int)ntext, text);
    return false;
  }
  if (failed) printf("# seed %llu, %s: %s\n", (unsigned long long)seed, state,
      problem);
  return !failed;
}

/* One collection through its states. */
static bool tryCollection(uint64_t seed) {
  failed = false;
  chanceSeed(seed);
  words_and = seed % 5 == 0;
  makeVocabulary();
  makeDocs();
  store();
  countStats();
  if (!tryQueries("inserted", true, 8, seed)) return false;
  openDb();
  if (!tryQueries("reopened", true, 4, seed)) return false;
  if (seed % 2) {
    run("OPTIMIZE t");
    if (!tryQueries("merged", true, 4, seed)) return false;
  }
  removeSome();
  if (!tryQueries("with deletes", false, 4, seed)) return false;
  run("OPTIMIZE t");
  countStats();
  if (!tryQueries("optimized", true, 6, seed)) return false;
  openDb();
  return tryQueries("optimized and reopened", true, 3, seed);
}

int main(int argc, char **argv) {
  int collections = argc > 1 ? atoi(argv[1]) : 2000;
  uint64_t seed = argc > 2 ? strtoull(argv[2], 0, 10) : 1;
  int groups = collections < 20 ? 1 : 20, bad = 0;
  for (int g = 0; g < groups; g++) {
    int from = collections * g / groups, wrong = 0;
    int to = collections * (g + 1) / groups;
    for (int c = from; c < to && wrong < 3; c++) {
      if (tryCollection(seed + (uint64_t)c)) continue;
      wrong++;
    }
    bad += wrong;
    printf("%sok %d - brute force agrees on collections %d to %d\n",
        wrong ? "not " : "", g + 1, from + 1, to);
    fflush(stdout);
  }
  printf("1..%d\n# %d queries\n", groups, queries_tried);
  seine_close(db);
  return bad > 0;
}
