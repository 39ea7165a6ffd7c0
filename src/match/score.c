/*
** score: BM25 as Lucene computes it, float by float (BM25Similarity):
**   idf    = ln(1 + (N - n + 0.5) / (n + 0.5)), in double, then float
**   w      = boost * idf
**   inv[l] = 1 / (k1 * ((1 - b) + b * length(l) / avgdl))
**   score  = w - w / (1 + tf * inv[norm])
** with k1 = 1.2, b = 0.75, N documents that have the field, n documents with
** the term, avgdl = occurrences / N, length(l) from norm.c.  The last form
** grows with tf * inv[norm] even in floats, so the largest of a set of pairs
** (tf, norm) bounds all that the set covers: see index/impact.c.
*/
#include "match/matchInt.h"

float snBm25Idf(u64 docs, u64 df) {
  double n = (double)df, N = (double)SN_MAX(docs, df);
  return (float)log(1.0 + (N - n + 0.5) / (n + 0.5));
}

void snBm25Init(Bm25 *b, float boost, float idf, const FieldStats *f) {
  const float k1 = 1.2f, bb = 0.75f;
  float avg = f->docs ? (float)((double)f->ttf / (double)f->docs) : 1.0f;
  b->w = boost * idf;
  if (!(avg > 0)) avg = 1.0f;
  for (u32 i = 0; i < 256; i++)
    b->inv[i] = 1.0f / (k1 * ((1.0f - bb) +
                            bb * (float)snNormGet((u8)i) / avg));
}

/* A tf of 255 stands for more: the limit of the formula is w. */
float snBm25Bound(const Bm25 *b, const Impact *p, u32 n) {
  float best = 0;
  for (u32 i = 0; i < n; i++) {
    float x = p[i].tf == 255 ? INFINITY : p[i].tf * b->inv[p[i].norm];
    best = SN_MAX(best, x);
  }
  return n ? b->w - b->w / (1.0f + best) : b->w;
}

/* Eight scores at once.  No step may be contracted to one of higher precision
** (so not for machines with FMA, which AVX2 alone does not ask for): the
** floats are those of snBm25Score(). */
typedef float ScoreRow __attribute__((vector_size(32), aligned(4), may_alias));
typedef i32 ScoreTf __attribute__((vector_size(32), aligned(4), may_alias));

#define SCORE_INLINE static inline __attribute__((always_inline))

SCORE_INLINE void scoreBlock(const Bm25 *b, const u32 *freqs, u32 n,
    float *out) {
  for (u32 i = 0; i < n; i += 8) {
    ScoreTf tf = *(const ScoreTf *)(const void *)(freqs + i);
    ScoreRow *at = (ScoreRow *)(void *)(out + i);
    *at = b->w - b->w / (1.0f + __builtin_convertvector(tf, ScoreRow) * *at);
  }
}

#if defined(__x86_64__) && defined(__GNUC__)
__attribute__((target("avx2"))) static void scoreFast(const Bm25 *b,
    const u32 *freqs, u32 n, float *out) {
  scoreBlock(b, freqs, n, out);
}
#define SCORE_HAS_FAST() __builtin_cpu_supports("avx2")
#else
#define scoreFast scoreBlock
#define SCORE_HAS_FAST() false
#endif

void snBm25Block(const Bm25 *b, const u32 *docs, const u32 *freqs,
    const u8 *norms, u32 n, float *out) {
  float one = b->inv[1];
  for (u32 i = 0; !norms && i < n; i++) out[i] = one;
  for (u32 i = 0; norms && i < n; i++) out[i] = b->inv[norms[docs[i]]];
  if (SCORE_HAS_FAST()) scoreFast(b, freqs, n, out);
  else scoreBlock(b, freqs, n, out);
}

#undef SCORE_INLINE
#undef SCORE_HAS_FAST
