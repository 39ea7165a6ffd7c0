/*
** why: how the score of a document comes about: what explain_score() says.
**
**   0.6927145 = sum of
**     0.19014081 = body:brown: idf 0.35667494 (3 of 4 rows), tf 1, length 6
**     of average 5.75
**     0.5025737 = best of
**       ...
**
** (1) One line per node of the scorer, its kids below it, two blanks to the
**     right; what does not match the document, and what must not match, is
**     left out.
** (2) The number of a line is what the scorer computed, as the shortest text
**     that reads back as the same float.  A sum is added in double and
**     rounded once.
** (3) BM25 of a leaf is idf, times its boost, times tf / (tf + 1.2 * (0.25 +
**     0.75 * length / average)); TF-IDF is idf, times its boost, times the
**     root of tf / length.  Rounded as score.c says.
*/
#include "match/matchInt.h"

/* ---- leaves ------------------------------------------------------------- */

static void whyNumber(Buf *out, float v) {
  char text[32];
  for (int digits = 6; digits <= 9; digits++) {
    snprintf(text, sizeof text, "%.*g", digits, (double)v);
    if (strtof(text, NULL) == v) break;
  }
  snBufStr(out, text);
}

/* The node as a query; its boost is told apart. */
static void whyQuery(const Matcher *m, const Query *q, Buf *out) {
  Query plain = *q;
  plain.boost = 1;
  snQueryText(&plain, m->view->table, out);
}

static const Query *whyWord(const Query *q) {
  while (q->kids) q = q->kids;
  return q;
}

static float whyFreq(Iter *it) {
  if (it->ops->shape == ITER_PHRASE) return snIterPhraseFreq(it);
  if (it->ops->shape == ITER_SPAN) return snIterSpanFreq(it);
  return (float)snPostFreq(&((TermIter *)it)->post);
}

static void whyLeaf(Iter *it, Buf *out) {
  Matcher *m = it->m;
  const MatchTerm *t = m->term + it->q->id;
  u32 column = whyWord(it->q)->column;
  const FieldStats *f = m->field + column;
  const u8 *norms;
  int rc = snNormBytes(snMatcherSeg(m), m->view->table->col[column].id,
      &norms);
  if (rc) snIterFail(m, rc);
  u8 norm = rc || !norms ? 1 : norms[it->doc];
  if (t->boost != 1) {
    snBufStr(out, "boost ");
    whyNumber(out, t->boost);
    snBufStr(out, ", ");
  }
  snBufStr(out, "idf ");
  whyNumber(out, t->idf);
  if (it->q->kids)
    snBufStr(out, " (sum of its words)");
  else
    snBufPrintf(out, " (%llu of %llu rows)", (unsigned long long)t->idf_df,
        (unsigned long long)t->idf_docs);
  snBufStr(out, ", tf ");
  whyNumber(out, whyFreq(it));
  snBufPrintf(out, ", length %u", snNormGet(norm));
  if (m->sim != SIM_BM25) return;
  snBufStr(out, " of average ");
  whyNumber(out, snScoreAverage(f));
}

/* ---- the tree ----------------------------------------------------------- */

static void whyIs(const Iter *it, Buf *out) {
  if (it->ops->shape != ITER_MAX) {
    snBufStr(out, "sum of");
    return;
  }
  snBufStr(out, "best of");
  if (!(it->q->tie > 0)) return;
  snBufStr(out, ", and of the others ");
  whyNumber(out, it->q->tie);
}

/* As deep as the parser allows. */
static void whyNode(Iter *it, u32 depth, Buf *out) {
  IterShape shape = it->ops->shape;
  if (shape == ITER_NOT) {
    whyNode(it->kid[0], depth, out);
    return;
  }
  if (depth) snBufByte(out, '\n');
  for (u32 i = 0; i < depth; i++) snBufStr(out, "  ");
  whyNumber(out, it->ops->score(it));
  snBufStr(out, " = ");
  if (shape < ITER_AND) {
    whyQuery(it->m, it->q, out);
    snBufStr(out, ": ");
    if (shape == ITER_SET) snBufStr(out, "constant");
    else whyLeaf(it, out);
    return;
  }
  whyIs(it, out);
  for (u32 i = 0; i < it->n; i++)
    if (it->kid[i]->doc == it->doc) whyNode(it->kid[i], depth + 1, out);
}

int snMatcherWhy(Matcher *m, u32 doc, u32 depth, Buf *out) {
  if (!snMatcherScorer(m)) return m->rc ? m->rc : SEINE_MISUSE;
  if (snIterSeek(m->scorer, doc) != doc) return m->rc ? m->rc : SN_CORRUPT;
  whyNode(m->scorer, depth, out);
  return m->rc ? m->rc : out->rc;
}
