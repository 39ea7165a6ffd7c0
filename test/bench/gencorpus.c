/*
** gencorpus: a large corpus whose words are distributed as in a real one.
**
**   gencorpus CORPUS QUERIES DOCUMENTS [SEED]
**     CORPUS: NDJSON of {"id": N, "text": "..."}, words with blanks between
**     them and nothing to unescape, as corpus.py makes it.  QUERIES: lines of
**     a class and a query with a tab between them.  Prints DOCUMENTS lines of
**     the form of CORPUS.  SEED is 1 when not given.
**
** A document has as many words as one of CORPUS, drawn at random.  Its words
** are runs of CORPUS: the first is that at a random place; each next one, with
** GEN_FOLLOW of 8, is the one that follows there, else again that of a random
** place.  So a word has the frequency that it has in CORPUS, and is followed
** by what follows it there: phrases and intersections keep hits.  A run may
** go on over the end of a document, or the frequencies would not be kept.
**
** A word of QUERIES that CORPUS lacks counts as if it stood there 1 to
** GEN_RARE times, by its hash.  One document in GEN_PLANT has a phrase of
** QUERIES (all of them equally often) among its words, whole, even if it gets
** a few words longer by it.
**
** The same arguments make the same bytes on every machine: integers only.  A
** document depends on SEED and its number alone, so that a smaller corpus is
** the start of a larger one.  Memory: 4 bytes a word of CORPUS, and its
** different words.
*/
#define _POSIX_C_SOURCE 200809L
#include "random.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GEN_FOLLOW = 6, GEN_RARE = 4, GEN_PLANT = 32 };

typedef struct GenList {
  uint32_t *at;
  size_t n, cap;
} GenList;

typedef struct Gen {
  char *text;            /* the different words, one after the other */
  size_t text_n, text_cap;
  GenList end;           /* by word: where it ends in text */
  uint32_t *slot;        /* hash table: word + 1, or 0 */
  size_t slots;          /* a power of two */
  GenList run;           /* CORPUS, then the words that it lacks */
  size_t real;           /* so many of run are CORPUS */
  GenList length;        /* of the documents of CORPUS */
  GenList phrase;        /* words of the phrases, one after the other */
  GenList phrase_end;    /* by phrase: where it ends in phrase */
  char *line;
  size_t line_n, line_cap;
} Gen;

static void genStop(const char *what, const char *why) {
  fprintf(stderr, "gencorpus: %s: %s\n", what, why);
  exit(1);
}

static void *genRoom(void *p, size_t n) {
  p = realloc(p, n);
  if (!p) genStop("memory", "there is none left");
  return p;
}

static void genPush(GenList *l, uint32_t v) {
  if (l->n == l->cap) {
    l->cap = l->cap ? 2 * l->cap : 1024;
    if (l->cap > UINT32_MAX) genStop("CORPUS", "is too large");
    l->at = genRoom(l->at, l->cap * sizeof *l->at);
  }
  l->at[l->n++] = v;
}

static void genText(char **to, size_t *n, size_t *cap, const char *s,
    size_t size) {
  while (*n + size > *cap) {
    *cap = *cap ? 2 * *cap : 4096;
    *to = genRoom(*to, *cap);
  }
  if (size) memcpy(*to + *n, s, size);
  *n += size;
}

/* ---- random numbers ----------------------------------------------------- */

/* 0 to n - 1. */
static uint32_t genBelow(uint64_t *state, size_t n) {
  return (uint32_t)((randomNext(state) >> 32) * n >> 32);
}

/* ---- words -------------------------------------------------------------- */

static uint32_t genStart(const GenList *end, uint32_t i) {
  return i ? end->at[i - 1] : 0;
}

static void genGrow(Gen *g) {
  g->slots = g->slots ? 2 * g->slots : 1 << 16;
  free(g->slot);
  g->slot = calloc(g->slots, sizeof *g->slot);
  if (!g->slot) genStop("memory", "there is none left");
  for (uint32_t w = 0; w < g->end.n; w++) {
    uint32_t from = genStart(&g->end, w);
    size_t i = randomHash(g->text + from, g->end.at[w] - from);
    for (i &= g->slots - 1; g->slot[i];) i = (i + 1) & (g->slots - 1);
    g->slot[i] = w + 1;
  }
}

/* The number of a word, which is a new one when it is g->end.n before. */
static uint32_t genWord(Gen *g, const char *s, size_t n) {
  size_t i;
  if (2 * g->end.n >= g->slots) genGrow(g);
  for (i = randomHash(s, n) & (g->slots - 1); g->slot[i];
      i = (i + 1) & (g->slots - 1)) {
    uint32_t w = g->slot[i] - 1, from = genStart(&g->end, w);
    if (g->end.at[w] - from == n && !memcmp(g->text + from, s, n)) return w;
  }
  genText(&g->text, &g->text_n, &g->text_cap, s, n);
  if (g->text_n > UINT32_MAX) genStop("CORPUS", "has too many words");
  genPush(&g->end, (uint32_t)g->text_n);
  g->slot[i] = (uint32_t)g->end.n;
  return (uint32_t)g->end.n - 1;
}

/* ---- what is read ------------------------------------------------------- */

static void genDocument(Gen *g, const char *line) {
  const char *s = strstr(line, "\"text\""), *end = strrchr(line, '"');
  size_t before = g->run.n;
  if (s) s = strchr(s + 6, '"');
  if (!s || s >= end) genStop("CORPUS", "a line without text");
  for (s++; s < end;) {
    size_t n = strcspn(s, " \"");
    if (n) genPush(&g->run, genWord(g, s, n));
    s += n + 1;
  }
  genPush(&g->length, (uint32_t)(g->run.n - before));
}

static uint32_t genQueryWord(Gen *g, const char *s, size_t n) {
  size_t known = g->end.n;
  uint32_t w = genWord(g, s, n);
  if (w == known)
    for (uint64_t k = randomHash(s, n) % GEN_RARE + 1; k; k--)
      genPush(&g->run, w);
  return w;
}

static void genQuery(Gen *g, const char *s) {
  for (s += strspn(s, " +-"); *s && *s != '\t'; s += strspn(s, " +-")) {
    size_t before = g->phrase.n;
    if (*s != '"') {
      size_t n = strcspn(s, " *~\t");
      if (n && s[n] != '*' && s[n] != '~') genQueryWord(g, s, n);
      s += strcspn(s, " \t");
      continue;
    }
    for (s++; *s && *s != '"';) {
      size_t n = strcspn(s, " \"");
      if (n) genPush(&g->phrase, genQueryWord(g, s, n));
      s += n;
      s += *s == ' ';
    }
    if (*s) s++;
    if (g->phrase.n > before) genPush(&g->phrase_end, (uint32_t)g->phrase.n);
  }
}

static void genRead(Gen *g, const char *path, int queries) {
  FILE *f = fopen(path, "rb");
  char *line = NULL;
  size_t cap = 0;
  ssize_t n;
  if (!f) genStop(path, "cannot be opened");
  while ((n = getline(&line, &cap, f)) > 0) {
    char *tab = strchr(line, '\t');
    if (line[n - 1] == '\n') line[n - 1] = 0;
    if (!queries) genDocument(g, line);
    else if (tab) genQuery(g, tab + 1);
    else genStop(path, "a line without a tab");
  }
  free(line);
  fclose(f);
}

/* ---- what is written ---------------------------------------------------- */

static void genPut(Gen *g, uint32_t w) {
  uint32_t from = genStart(&g->end, w);
  if (g->line[g->line_n - 1] != '"')
    genText(&g->line, &g->line_n, &g->line_cap, " ", 1);
  genText(&g->line, &g->line_n, &g->line_cap, g->text + from,
      g->end.at[w] - from);
}

/* A phrase at random; the number of its words. */
static uint32_t genPlant(Gen *g, uint64_t *state) {
  uint32_t p = genBelow(state, g->phrase_end.n);
  uint32_t from = genStart(&g->phrase_end, p), to = g->phrase_end.at[p];
  for (uint32_t i = from; i < to; i++) genPut(g, g->phrase.at[i]);
  return to - from;
}

static void genMake(Gen *g, uint64_t seed, uint64_t id) {
  uint64_t state = randomMix(seed) + randomMix(~id);
  uint32_t words = g->length.at[genBelow(&state, g->length.n)];
  uint32_t plant = UINT32_MAX;
  size_t at = g->real;
  char head[64];
  if (g->phrase_end.n && words && !genBelow(&state, GEN_PLANT))
    plant = genBelow(&state, words);
  g->line_n = 0;
  genText(&g->line, &g->line_n, &g->line_cap, head, (size_t)snprintf(head,
      sizeof head, "{\"id\": %llu, \"text\": \"", (unsigned long long)id));
  for (uint32_t n = 0; n < words;) {
    if (n >= plant) {
      plant = UINT32_MAX;
      n += genPlant(g, &state);
      continue;
    }
    if (genBelow(&state, 8) >= GEN_FOLLOW || ++at >= g->real)
      at = genBelow(&state, g->run.n);
    genPut(g, g->run.at[at]);
    n++;
  }
  genText(&g->line, &g->line_n, &g->line_cap, "\"}\n", 3);
  if (fwrite(g->line, 1, g->line_n, stdout) != g->line_n)
    genStop("output", "cannot be written");
}

static uint64_t genNumber(const char *s) {
  char *end;
  uint64_t v = strtoull(s, &end, 10);
  if (*s < '0' || *s > '9' || *end) genStop(s, "is no number");
  return v;
}

int main(int argc, char **argv) {
  static Gen g;
  uint64_t documents, seed;
  if (argc != 4 && argc != 5) {
    fprintf(stderr, "usage: gencorpus CORPUS QUERIES DOCUMENTS [SEED]\n");
    return 2;
  }
  documents = genNumber(argv[3]);
  seed = argc == 5 ? genNumber(argv[4]) : 1;
  genRead(&g, argv[1], 0);
  if (!g.run.n) genStop(argv[1], "has no words");
  g.real = g.run.n;
  genRead(&g, argv[2], 1);
  for (uint64_t i = 0; i < documents; i++) genMake(&g, seed, i);
  if (fflush(stdout)) genStop("output", "cannot be written");
  return 0;
}
