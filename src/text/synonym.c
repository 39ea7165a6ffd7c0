/*
** synonym: words that stand for others, by the rules of Solr's files:
**
**   a, b c, d        each is found with the others: it stays, they are added
**   a, b c => d, e f  what stands left becomes what stands right
**   # ...            a comment; a rule ends with its line
**   \x               x itself: for commas, blanks and backslashes
**
** The left sides are a tree of words: edge maps (node, word) to a node, 0 is
** the root.  A node has a list of outputs in data: its head is to[node].
**
** Tokens come out as of Lucene's SynonymFilter (5.x): at each token the
** longest left side is taken, and its outputs are laid over the tokens that
** it has met and those behind, word by word, from the first one on.
**
** (1) data is a list of records: next record of the node (or 0), words,
**     then their numbers in out.  Word 0 of it is not used.
** (2) to[node] is 0 where no rule ends, else its first record; its last bit
**     says that the words met stay.
** (3) When the tokens are in lower case, so are the rules.
*/
#include "text/textInt.h"

#define SYNONYM_WORDS 32u      /* of a side */
#define SYNONYM_SIDES 1024u    /* of a rule */
#define SYNONYM_DATA  1000000u /* numbers in data */

/* ---- Reading rules ------------------------------------------------------ */

/* Words of a side: numbers in set (left) or out (right). */
typedef struct SynonymSide {
  u32 n, word[SYNONYM_WORDS];
} SynonymSide;

typedef struct SynonymRule {
  ChainStep *s;
  SynonymSide *left, *right;
  u32 nleft, nright;
  u32 to_cap;
  u32 node, last;     /* the node added to last, and its last record */
  const char *wrong;
} SynonymRule;

static u32 synonymNumber(ChainStep *s, StrSet *set, const char *p, u32 n) {
  Buf b;
  u32 k = 0;
  snBufInit(&b, set->budget);
  if (s->lower) snUtfLower(&b, p, n);
  else snBufAdd(&b, p, n);
  if (!b.rc) k = snStrSetAdd(set, b.data, (u32)b.n);
  if (b.rc || set->rc) s->rc = SN_NOMEM;
  snBufClear(&b);
  return k;
}

/* Reads one side up to a comma, => or the end; returns behind its last byte. */
static const char *synonymSide(SynonymRule *r, const char *p, const char *end,
    bool is_left, SynonymSide *out) {
  char word[TEXT_WORD_MAX];
  u32 n = 0;
  memset(out, 0, sizeof *out);
  for (;; p++) {
    bool stop = p == end || *p == ',' || (*p == '=' && end - p > 1 &&
        p[1] == '>');
    bool blank = stop || *p == ' ' || *p == '\t' || *p == '\r';
    if (!blank) {
      if (*p == '\\' && end - p > 1) p++;
      if (n == sizeof word) r->wrong = "a word of a rule is too long";
      else word[n++] = *p;
    } else if (n && out->n == SYNONYM_WORDS) {
      r->wrong = "a side of a rule has more than 32 words";
    } else if (n && !r->wrong) {
      /* Left words are in set; right ones in out: a rule of equals needs its
      ** sides in both. */
      StrSet *set = is_left ? &r->s->set : &r->s->out;
      out->word[out->n++] = synonymNumber(r->s, set, word, n);
    }
    if (blank) n = 0;
    if (stop || r->wrong || r->s->rc) return p;
  }
}

/* The node of a left side. */
static u32 synonymNode(SynonymRule *r, const SynonymSide *side) {
  ChainStep *s = r->s;
  u32 node = 0, cap;
  for (u32 i = 0; i < side->n && !s->rc; i++) {
    node = 1 + snIntSetAdd(&s->edge, (u64)node << 32 | side->word[i]);
    s->rc = s->edge.rc;
  }
  cap = r->to_cap;
  if (!s->rc)
    s->rc = snMemGrow(s->set.budget, &s->to, &r->to_cap, s->edge.n + 1ull,
        sizeof *s->to);
  if (!s->rc && r->to_cap > cap)
    memset(s->to + cap, 0, (r->to_cap - cap) * sizeof *s->to);
  return node;
}

/* Adds an output to the end of a node's list. */
static void synonymAdd(SynonymRule *r, u32 node, const SynonymSide *side,
    bool stays) {
  ChainStep *s = r->s;
  u32 need = s->ndata + 2 + side->n, at = s->ndata;
  if (need > SYNONYM_DATA) r->wrong = "the rules give too many words";
  if (r->wrong || s->rc) return;
  s->rc = snMemGrow(s->set.budget, &s->data, &s->data_cap, need,
      sizeof *s->data);
  if (s->rc) return;
  s->data[at] = 0;
  s->data[at + 1] = side->n;
  memcpy(s->data + at + 2, side->word, side->n * sizeof *side->word);
  s->ndata = need;
  if (!(s->to[node] >> 1)) {
    s->to[node] |= at << 1;
  } else {
    u32 k = r->node == node ? r->last : s->to[node] >> 1;
    while (s->data[k]) k = s->data[k];
    s->data[k] = at;
  }
  s->to[node] |= stays;
  r->node = node;
  r->last = at;
}

static void synonymApply(SynonymRule *r, bool arrow) {
  for (u32 i = 0; i < r->nleft && !r->wrong && !r->s->rc; i++) {
    u32 node = synonymNode(r, r->left + i);
    for (u32 k = 0; k < r->nright && !r->s->rc; k++)
      if (arrow || k != i) synonymAdd(r, node, r->right + k, !arrow);
  }
}

static const char *synonymSides(SynonymRule *r, const char *p,
    const char *end, bool is_left, SynonymSide *side, u32 *n) {
  for (*n = 0;; p++) {
    if (*n == SYNONYM_SIDES) r->wrong = "a rule has more than 1,024 sides";
    if (r->wrong || r->s->rc) return p;
    p = synonymSide(r, p, end, is_left, side + *n);
    *n += side[*n].n > 0;
    if (p == end || *p != ',') return p;
  }
}

/* One line. */
static void synonymLine(SynonymRule *r, const char *p, const char *end) {
  const char *start = p;
  while (p < end && (*p == ' ' || *p == '\t' || *p == '\r')) p++;
  if (p == end || *p == '#') return;
  p = synonymSides(r, start, end, true, r->left, &r->nleft);
  if (r->wrong || r->s->rc) return;
  bool arrow = p < end;
  if (arrow) p = synonymSides(r, p + 2, end, false, r->right, &r->nright);
  else p = synonymSides(r, start, end, false, r->right, &r->nright);
  if (r->wrong || r->s->rc) return;
  if (p < end) r->wrong = "a rule has two arrows";
  else if (!r->nleft || !r->nright) r->wrong = "a side of a rule is empty";
  else if (!arrow && r->nleft < 2)
    r->wrong = "a rule has several words, or an arrow: 'a, b' or 'a => b'";
  else synonymApply(r, arrow);
}

const char *snSynonymMake(ChainStep *s) {
  SynonymRule r = {.s = s};
  r.left = snMemAlloc(s->set.budget, SYNONYM_SIDES * 2 * sizeof *r.left);
  if (!r.left) {
    s->rc = SN_NOMEM;
    return NULL;
  }
  r.right = r.left + SYNONYM_SIDES;
  s->ndata = 1;
  for (u32 i = 0; i < s->nword && !r.wrong && !s->rc; i++) {
    const char *p = s->word[i].p, *end = p + s->word[i].n;
    while (p <= end && !r.wrong && !s->rc) {
      const char *stop = memchr(p, '\n', (size_t)(end - p));
      synonymLine(&r, p, stop ? stop : end);
      p = stop ? stop + 1 : end + 1;
    }
  }
  if (!r.wrong && !s->rc && !s->edge.n) r.wrong = "there is no rule";
  snMemFree(r.left);
  return r.wrong;
}

/* ---- Using them --------------------------------------------------------- */

/* Outputs that wait for their place: a ring over the next tokens. */
#define SYNONYM_RING 64u
typedef struct SynonymOut {
  u32 word;      /* number in out */
  u32 from, to;  /* source; to 0: that of the token it meets */
  u32 next;      /* index + 1 */
} SynonymOut;

typedef struct Synonyms {
  const ChainStep *s;
  Tokens *t;
  const Tokens *spare;
  u32 head[SYNONYM_RING], tail[SYNONYM_RING]; /* index + 1 of out */
  SynonymOut *out;
  u32 nout, cap;
  u32 pos;       /* of the last token given */
  u32 waiting;   /* places behind i that have outputs, at most */
  bool any;
} Synonyms;

/* The longest left side that begins at token i: its tokens and its node. */
static u32 synonymFind(const Synonyms *y, u32 i, u32 *node) {
  const ChainStep *s = y->s;
  u32 at = 0, best = 0;
  for (u32 k = i; k < y->spare->n && k - i < SYNONYM_WORDS; k++) {
    u32 w = snStrSetFind(&s->set, y->t->bytes.data + y->spare->at[k],
        y->spare->len[k]);
    if (w == UINT32_MAX) break;
    at = 1 + snIntSetFind(&s->edge, (u64)at << 32 | w);
    if (!at) break;
    if (!s->to[at]) continue;
    best = k - i + 1;
    *node = at;
  }
  return best;
}

static void synonymWait(Synonyms *y, u32 place, const SynonymOut *o) {
  u32 slot = place % SYNONYM_RING;
  int rc = snMemGrow(y->t->bytes.budget, &y->out, &y->cap, y->nout + 1ull,
      sizeof *y->out);
  if (rc) {
    y->t->rc = rc;
    return;
  }
  y->out[y->nout++] = *o;
  if (y->head[slot]) y->out[y->tail[slot] - 1].next = y->nout;
  else y->head[slot] = y->nout;
  y->tail[slot] = y->nout;
}

/* Lays the outputs of a node from token i on. */
static void synonymLay(Synonyms *y, u32 node, u32 i, u32 met) {
  const u32 *data = y->s->data;
  for (u32 r = y->s->to[node] >> 1; r && !y->t->rc; r = data[r]) {
    for (u32 k = 0; k < data[r + 1] && !y->t->rc; k++) {
      SynonymOut o = {data[r + 2 + k], y->spare->from[i], 0, 0};
      if (data[r + 1] == 1) o.to = y->spare->to[i + met - 1];
      synonymWait(y, i + k, &o);
      y->waiting = SN_MAX(y->waiting, i + k + 1);
    }
  }
}

/* The place of what comes next: tok is token i, or the one before when the
** tokens are at their end. */
static void synonymGive(Synonyms *y, u32 tok, size_t at, u32 n, bool first,
    u32 step) {
  y->pos = y->any ? y->pos + (first ? step : 0) : y->pos;
  y->any = true;
  snTokensPut(y->t, y->spare, tok, at, n, y->pos);
}

/* Token i, unless it is replaced, and the outputs that wait for it. */
static void synonymPlace(Synonyms *y, u32 i, bool stays) {
  const Tokens *in = y->spare;
  u32 tok = SN_MIN(i, in->n - 1), slot = i % SYNONYM_RING, step = 1;
  bool first = true;
  if (i && i < in->n) step = in->pos[i] - in->pos[i - 1];
  if (stays) {
    synonymGive(y, tok, in->at[i], in->len[i], first, step);
    first = false;
  }
  for (u32 k = y->head[slot]; k && !y->t->rc; k = y->out[k - 1].next) {
    const SynonymOut *o = y->out + k - 1;
    const StrRef *w = y->s->out.refs + o->word;
    size_t at = y->t->bytes.n;
    if (!snTokensRoom(y->t, w->n)) return;
    memcpy(y->t->bytes.data + at, w->p, w->n);
    y->t->bytes.n += w->n;
    synonymGive(y, tok, at, w->n, first, 1);
    first = false;
    if (y->t->rc || !o->to) continue;
    y->t->from[y->t->n - 1] = o->from;
    y->t->to[y->t->n - 1] = o->to;
  }
  y->head[slot] = 0;
}

void snSynonym(Cutter *c, const ChainStep *s, Tokens *t, u32 first) {
  Synonyms y = {.s = s, .t = t, .spare = &c->spare};
  u32 next = 0, node = 0; /* the first token that no match covers */
  bool stays = true;
  if (!snTokensLift(t, first, &c->spare)) return;
  y.pos = c->spare.pos[0];
  for (u32 i = 0; (i < c->spare.n || i < y.waiting) && !t->rc; i++) {
    if (i >= next && i < c->spare.n) {
      u32 met = synonymFind(&y, i, &node);
      stays = !met || (s->to[node] & 1);
      next = i + SN_MAX(met, 1u);
      if (met) synonymLay(&y, node, i, met);
    }
    synonymPlace(&y, i, stays && i < c->spare.n);
    if (i + 1 >= y.waiting) y.nout = 0;
  }
  snMemFree(y.out);
}

#undef SYNONYM_WORDS
#undef SYNONYM_SIDES
#undef SYNONYM_DATA
#undef SYNONYM_RING
