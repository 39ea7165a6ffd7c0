/*
** score: BM25 as Lucene computes it, float by float (BM25Similarity):
**   idf    = ln(1 + (N - n + 0.5) / (n + 0.5)), in double, then float
**   w      = boost * idf
**   inv[l] = 1 / (k1 * ((1 - b) + b * length(l) / avgdl))
**   score  = w - w / (1 + tf * inv[norm])
** with k1 = 1.2, b = 0.75, N documents that have the field, n documents with
** the term, avgdl = occurrences / N, length(l) from norm.c.  The last form
** grows with tf and falls with the length even in floats, so a pair (tf,
** norm) that dominates a document bounds its score.
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
  if (!n) return b->w;
  for (u32 i = 0; i < n; i++) {
    float s = p[i].tf == 255 ? b->w : snBm25Score(b, p[i].tf, p[i].norm);
    if (s > best) best = s;
  }
  return best;
}
