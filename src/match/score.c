/*
** score: how well a word fits, as Lucene computes it, float by float.
**
** BM25 (BM25Similarity), with k1 = 1.2, b = 0.75:
**   idf    = ln(1 + (N - n + 0.5) / (n + 0.5)), in double, then float
**   w      = boost * idf
**   inv[l] = 1 / (k1 * ((1 - b) + b * length(l) / avgdl))
**   score  = w - w / (1 + tf * inv[norm])
** TF-IDF (ClassicSimilarity, the default of old):
**   idf    = 1 + ln((N + 1) / (n + 1)), in double, then float
**   w      = boost * idf
**   inv[l] = 1 / sqrt(length(l)), in double, then float
**   score  = sqrt(tf) * w * inv[norm], from the left
** with N documents that have the field, n documents with the term, avgdl =
** occurrences / N, length(l) from norm.c.
**
** (1) The last form of BM25 grows with tf * inv[norm] even in floats, so the
**     largest of a set of pairs (tf, norm) bounds all that the set covers: see
**     index/impact.c.
** (2) TF-IDF grows with tf / length: what BM25 comes to as c of impact.c goes
**     beyond all limits.  There a pair is left out when others are better by
**     IMPACT_MARGIN too; the root makes half of it, 2^-19, and four roundings
**     take back 2^-22 at most.  So the largest score of a set of pairs is a
**     bound.
** (3) A word stands at most length times in a text, and a byte tells a length
**     to an eighth: so tf * inv[norm]^2 < 9/8, and TF-IDF is below 17/16 w.
*/
#include "match/matchInt.h"

#define SCORE_OFTEN 4294967295.0f /* of places, at most */

float snScoreIdf(Similarity sim, u64 docs, u64 df) {
  double n = (double)df, N = (double)SN_MAX(docs, df);
  if (sim == SIM_TFIDF) return (float)(log((N + 1.0) / (n + 1.0)) + 1.0);
  return (float)log(1.0 + (N - n + 0.5) / (n + 0.5));
}

float snScoreAverage(const FieldStats *f) {
  float avg = f->docs ? (float)((double)f->ttf / (double)f->docs) : 1.0f;
  return avg > 0 ? avg : 1.0f;
}

/* Of no length: what Lucene has there.  No text with a word has none. */
static void scoreRoots(float *inv) {
  for (u32 i = 1; i < 256; i++)
    inv[i] = (float)(1.0 / sqrt((double)inv[i]));
  inv[0] = 1.0f / inv[255];
}

void snScoreNorms(Similarity sim, const FieldStats *f, float *inv) {
  const float k1 = 1.2f, bb = 0.75f;
  float avg = snScoreAverage(f);
  snNormLengths(inv);
  if (sim == SIM_TFIDF) {
    scoreRoots(inv);
    return;
  }
  for (u32 i = 0; i < 256; i++)
    inv[i] = 1.0f / (k1 * ((1.0f - bb) + bb * inv[i] / avg));
}

float snScoreTfidf(const Scorer *b, float tf, u8 norm) {
  return (float)sqrt((double)tf) * b->w * b->inv[norm];
}

float snScoreMost(const Scorer *b) {
  return b->sim == SIM_TFIDF ? b->w * 1.0625f : b->w;
}

float snScoreOften(const Scorer *b) {
  return b->sim == SIM_TFIDF ? snScoreTfidf(b, SCORE_OFTEN, 1) : b->w;
}

static float scoreTfidfBound(const Scorer *b, const Impact *p, u32 n) {
  float best = 0, most = snScoreMost(b);
  for (u32 i = 0; i < n; i++) {
    float s = p[i].tf == 255 ? most : snScoreTfidf(b, p[i].tf, p[i].norm);
    best = SN_MAX(best, s);
  }
  return SN_MIN(best, most);
}

/* A tf of 255 stands for more: then only the limit of the formula is one. */
float snScoreBound(const Scorer *b, const Impact *p, u32 n) {
  float best = 0;
  if (!n) return snScoreMost(b);
  if (b->sim == SIM_TFIDF) return scoreTfidfBound(b, p, n);
  for (u32 i = 0; i < n; i++) {
    float x = p[i].tf == 255 ? INFINITY : p[i].tf * b->inv[p[i].norm];
    best = SN_MAX(best, x);
  }
  return b->w - b->w / (1.0f + best);
}

/* Eight scores at once.  No step may be contracted to one of higher precision
** (so not for machines with FMA, which AVX2 alone does not ask for): the
** floats are those of snScoreOf(). */
typedef float ScoreRow __attribute__((vector_size(32), aligned(4), may_alias));
typedef i32 ScoreTf __attribute__((vector_size(32), aligned(4), may_alias));

SN_INLINE void scoreBlock(const Scorer *b, const u32 *freqs, u32 n,
    float *out) {
  for (u32 i = 0; i < n; i += 8) {
    ScoreTf tf = *(const ScoreTf *)(const void *)(freqs + i);
    ScoreRow *at = (ScoreRow *)(void *)(out + i);
    *at = b->w - b->w / (1.0f + __builtin_convertvector(tf, ScoreRow) * *at);
  }
}

SN_WIDE static void scoreFast(const Scorer *b, const u32 *freqs, u32 n,
    float *out) {
  scoreBlock(b, freqs, n, out);
}

void snScoreBlock(const Scorer *b, const u32 *docs, const u32 *freqs,
    const u8 *norms, u32 n, float *out) {
  float one = b->inv[1];
  if (b->sim == SIM_TFIDF) {
    for (u32 i = 0; i < n; i++)
      out[i] = snScoreTfidf(b, (float)freqs[i], norms ? norms[docs[i]] : 1);
    return;
  }
  for (u32 i = 0; !norms && i < n; i++) out[i] = one;
  for (u32 i = 0; norms && i < n; i++) out[i] = b->inv[norms[docs[i]]];
  if (SN_HAS_WIDE()) scoreFast(b, freqs, n, out);
  else scoreBlock(b, freqs, n, out);
}

#undef SCORE_OFTEN
