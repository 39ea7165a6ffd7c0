/*
** kern_like: LIKE and GLOB.
**
** (1) LIKE takes A-Z for a-z, every other character for itself only.  A
**     character is a code point; a byte that is no UTF-8 is one character.
** (2) Matching keeps one place to come back to, the last star: a text of n
**     bytes and a pattern of m bytes take at most n * m steps.
** (3) A constant pattern without one-character wildcards is cut once into
**     its literal pieces.  A star takes as little as it can: so the pieces
**     in the middle are looked for from left to right, the outer ones are
**     compared where they must stand.
** (4) Pieces are compared as bytes.  That is the same as by characters as
**     long as the pattern is UTF-8; any other pattern is not cut.
*/
#include "vm/kern.h"

typedef enum KernLikeKind {
  KERN_LIKE_END,   /* the pattern is over */
  KERN_LIKE_NEVER, /* it is broken: nothing matches */
  KERN_LIKE_STAR,
  KERN_LIKE_ANY,
  KERN_LIKE_SET,   /* the bytes between [ and ] */
  KERN_LIKE_CHAR   /* the bytes of a character */
} KernLikeKind;

/* One item of a pattern: pat[at .. at + len), the next one at `next`. */
typedef struct KernLikeItem {
  KernLikeKind kind;
  u32 at, len, next;
} KernLikeItem;

/* Instead of an escape character: the rules of GLOB. */
#define KERN_LIKE_GLOB (-2)

/* ---- Items of a pattern ------------------------------------------------- */

/* The set that opens at m: a ] right behind [ or [^ stands for itself. */
static KernLikeItem kernLikeSet(const u8 *pat, u32 np, u32 m) {
  KernLikeItem it = {KERN_LIKE_NEVER, m + 1, 0, np};
  u32 at = m + 1;
  const u8 *q;
  if (at < np && pat[at] == '^') at++;
  if (at < np && pat[at] == ']') at++;
  if (at >= np) return it;
  q = memchr(pat + at, ']', np - at);
  if (!q) return it;
  it.kind = KERN_LIKE_SET;
  it.len = (u32)(q - pat) - it.at;
  it.next = (u32)(q - pat) + 1;
  return it;
}

static KernLikeItem kernLikeItem(const u8 *pat, u32 np, u32 m, i32 escape) {
  KernLikeItem it = {KERN_LIKE_END, m, 0, m};
  bool glob = escape == KERN_LIKE_GLOB;
  u32 c;
  if (m >= np) return it;
  c = snUtfGet(pat + m, pat + np, &it.len);
  it.next = m + it.len;
  it.kind = KERN_LIKE_CHAR;
  if (escape >= 0 && c == (u32)escape) {
    it.at = it.next;
    if (it.at >= np) {
      it.kind = KERN_LIKE_NEVER;
      return it;
    }
    snUtfGet(pat + it.at, pat + np, &it.len);
    it.next = it.at + it.len;
  } else if (c == (glob ? '*' : '%')) {
    it.kind = KERN_LIKE_STAR;
  } else if (c == (glob ? '?' : '_')) {
    it.kind = KERN_LIKE_ANY;
  } else if (glob && c == '[') {
    it = kernLikeSet(pat, np, m);
  }
  return it;
}

/* ---- One text, one pattern ---------------------------------------------- */

static inline u8 kernLikeFold(u8 c) {
  return (u8)(c - 'A') < 26 ? (u8)(c | 0x20) : c;
}

static bool kernLikeInSet(const u8 *p, u32 n, u32 c) {
  const u8 *end = p + n;
  bool in = false, negate = false, open = false;
  u32 len, x, low = 0;
  if (n && *p == '^') {
    negate = true;
    p++;
  }
  while (p < end) {
    x = snUtfGet(p, end, &len);
    p += len;
    if (x == '-' && open && p < end) {
      x = snUtfGet(p, end, &len);
      p += len;
      if (low <= c && c <= x) in = true;
      open = false;
    } else {
      if (x == c) in = true;
      low = x;
      open = true;
    }
  }
  return in != negate;
}

/* Does the item take the character of len bytes at p? */
static bool kernLikeTakes(const KernLikeItem *it, const u8 *pat, const u8 *p,
    u32 len, i32 escape) {
  const u8 *q;
  u32 size;
  if (it->kind < KERN_LIKE_ANY) return false;
  q = pat + it->at;
  switch (it->kind) {
    case KERN_LIKE_ANY: return true;
    case KERN_LIKE_SET:
      return kernLikeInSet(q, it->len, snUtfGet(p, p + len, &size));
    case KERN_LIKE_CHAR:
      if (len != it->len) return false;
      if (len > 1) return !memcmp(p, q, len);
      if (escape == KERN_LIKE_GLOB) return *p == *q;
      return kernLikeFold(*p) == kernLikeFold(*q);
    default: return false;
  }
}

/* The ASCII byte that must follow a star in front of m, or -1. */
static i32 kernLikeLead(const u8 *pat, u32 np, u32 m, i32 escape) {
  KernLikeItem it = kernLikeItem(pat, np, m, escape);
  if (it.kind != KERN_LIKE_CHAR || pat[it.at] >= 0x80) return -1;
  return escape == KERN_LIKE_GLOB ? pat[it.at] : kernLikeFold(pat[it.at]);
}

/* The first place from `at` on where lead is, or n: no character but ASCII
** ones has such bytes.  Or one a stride from here: nothing matches there. */
static u32 kernLikeSkip(const u8 *p, u32 n, u32 at, i32 lead, i32 escape) {
  bool glob = escape == KERN_LIKE_GLOB;
  if (lead < 0) return at;
  n = at + SN_MIN(n - at, SN_STRIDE);
  while (at < n && (glob ? p[at] : kernLikeFold(p[at])) != lead) at++;
  return at;
}

/* c: whom to ask whether to end, or NULL. */
static bool kernLikeMatch(FuncCtx *c, const u8 *p, u32 n, const u8 *pat,
    u32 np, i32 escape) {
  u32 at = 0, m = 0, star = UINT32_MAX, back = 0, len;
  i32 lead = -1;
  KernLikeItem it;
  while (at < n) {
    it = kernLikeItem(pat, np, m, escape);
    if (it.kind == KERN_LIKE_NEVER) return false;
    if (it.kind == KERN_LIKE_STAR) {
      star = m = it.next;
      lead = kernLikeLead(pat, np, m, escape);
      at = back = kernLikeSkip(p, n, at, lead, escape);
      continue;
    }
    snUtfGet(p + at, p + n, &len);
    if (kernLikeTakes(&it, pat, p + at, len, escape)) {
      at += len;
      m = it.next;
      continue;
    }
    if (star == UINT32_MAX) return false;
    if (c && snKernStop(c, 4 + at - back)) return false;
    snUtfGet(p + back, p + n, &len);
    at = kernLikeSkip(p, n, back + len, lead, escape);
    if (c && snKernStop(c, at - back)) return false;
    back = at;
    m = star;
  }
  do {
    it = kernLikeItem(pat, np, m, escape);
    m = it.next;
  } while (it.kind == KERN_LIKE_STAR);
  return it.kind == KERN_LIKE_END;
}

bool snLike(FuncCtx *c, const u8 *p, u32 n, const u8 *pat, u32 np,
    i32 escape) {
  return kernLikeMatch(c, p, n, pat, np, escape < 0 ? -1 : escape);
}

bool snGlob(FuncCtx *c, const u8 *p, u32 n, const u8 *pat, u32 np) {
  return kernLikeMatch(c, p, n, pat, np, KERN_LIKE_GLOB);
}

/* ---- A constant pattern, cut into pieces -------------------------------- */

typedef struct KernLikePlan {
  bool usable;     /* else match item by item */
  bool never;
  bool star;       /* there is one */
  bool left, right; /* the first (last) piece stands at the start (end) */
  bool fold;       /* pieces are in lower case and the text may not be */
  u32 n;
  Str *piece;      /* none is empty */
} KernLikePlan;

typedef u8 KernLikeLanes __attribute__((vector_size(16)));
typedef u64 KernLikePair __attribute__((vector_size(16)));

static inline KernLikeLanes kernLikeLoad(const u8 *p) {
  KernLikeLanes v;
  memcpy(&v, p, sizeof v);
  return v;
}

static bool kernLikeEqual(const u8 *p, Str s, bool fold) {
  if (!fold) return !memcmp(p, s.p, s.n);
  for (u32 i = 0; i < s.n; i++) {
    if (kernLikeFold(p[i]) != s.p[i]) return false;
  }
  return true;
}

static bool kernLikeLetter(u8 c) {
  return (u8)((c | 0x20) - 'a') < 26;
}

/* The first place of s in [p, p + n), any case: 16 places at a time by the
** first and the last byte, each with its case bit set if it is a letter. */
static const u8 *kernLikeFind(const u8 *p, u32 n, Str s) {
  u8 a = s.p[0], b = s.p[s.n - 1], ca, cb;
  u32 at = 0, last = n - s.n;
  KernLikeLanes zero = {0}, va, vb, bita, bitb;
  if (n < s.n) return NULL;
  ca = kernLikeLetter(a) ? 0x20 : 0;
  cb = kernLikeLetter(b) ? 0x20 : 0;
  va = zero + a;
  vb = zero + b;
  bita = zero + ca;
  bitb = zero + cb;
  for (; last >= 15 && at <= last - 15; at += 16) {
    KernLikeLanes x = kernLikeLoad(p + at) | bita;
    KernLikeLanes y = kernLikeLoad(p + at + s.n - 1) | bitb;
    KernLikePair hit = (KernLikePair)((x == va) & (y == vb));
    if (!(hit[0] | hit[1])) continue;
    for (u32 i = 0; i < 16; i++) {
      if (!(hit[i / 8] >> (i % 8 * 8) & 1)) continue;
      if (kernLikeEqual(p + at + i, s, true)) return p + at + i;
    }
  }
  for (; at <= last; at++) {
    if ((p[at] | ca) == a && kernLikeEqual(p + at, s, true)) return p + at;
  }
  return NULL;
}

static int kernLikePlan(FuncCtx *c, Str pat, i32 escape, KernLikePlan *plan) {
  u32 m = 0, stars = 0, from = 0, to = 0;
  bool glob = escape == KERN_LIKE_GLOB, letters = false;
  KernLikeItem it;
  u8 *bytes;
  memset(plan, 0, sizeof *plan);
  if (!snUtfValid(pat.p, pat.n)) return SEINE_OK;
  for (u32 i = 0; i < pat.n; i++) stars += pat.p[i] == (glob ? '*' : '%');
  bytes = snArenaBytes(c->arena, (size_t)pat.n + 1);
  plan->piece = snArenaAlloc(c->arena, (stars + 1ull) * sizeof(Str));
  if (!bytes || !plan->piece) return SN_NOMEM;
  plan->left = true;
  do {
    it = kernLikeItem(pat.p, pat.n, m, escape);
    m = it.next;
    if (it.kind == KERN_LIKE_ANY || it.kind == KERN_LIKE_SET) return SEINE_OK;
    if (it.kind != KERN_LIKE_END) plan->right = it.kind == KERN_LIKE_CHAR;
    if (it.kind == KERN_LIKE_CHAR) {
      for (u32 i = 0; i < it.len; i++) {
        u8 x = pat.p[it.at + i];
        if (!glob && kernLikeLetter(x)) letters = true;
        bytes[to++] = glob ? x : kernLikeFold(x);
      }
      continue;
    }
    if (to > from) plan->piece[plan->n++] = (Str){bytes + from, to - from, 0};
    else if (it.kind == KERN_LIKE_STAR && !plan->n) plan->left = false;
    from = to;
    if (it.kind == KERN_LIKE_STAR) plan->star = true;
  } while (it.kind > KERN_LIKE_NEVER);
  plan->never = it.kind == KERN_LIKE_NEVER;
  plan->fold = letters;
  plan->usable = true;
  return SEINE_OK;
}

static bool kernLikeByPlan(FuncCtx *c, const KernLikePlan *plan, Str s) {
  u32 k = 0, end = plan->n;
  const u8 *q;
  if (plan->never) return false;
  if (!end) return plan->star || !s.n;
  if (!plan->star && s.n != plan->piece[0].n) return false;
  if (plan->left) {
    Str piece = plan->piece[k++];
    if (s.n < piece.n || !kernLikeEqual(s.p, piece, plan->fold)) return false;
    s.p += piece.n;
    s.n -= piece.n;
  }
  if (plan->right && k < end) {
    Str piece = plan->piece[--end];
    if (s.n < piece.n) return false;
    s.n -= piece.n;
    if (!kernLikeEqual(s.p + s.n, piece, plan->fold)) return false;
  }
  for (; k < end; k++) {
    Str piece = plan->piece[k];
    if (s.n < piece.n) return false;
    q = snKernFind(c, s, piece, plan->fold ? kernLikeFind : NULL);
    if (!q) return false;
    s.n -= (u32)(q + piece.n - s.p);
    s.p = q + piece.n;
  }
  return true;
}

/* ---- Kernels ------------------------------------------------------------ */

int snKernEscape(FuncCtx *c, Str s, i32 *out) {
  u32 len = 0;
  *out = s.n ? (i32)snUtfGet(s.p, s.p + s.n, &len) : -1;
  if (s.n && len == s.n) return SEINE_OK;
  return snKernError(c, "the ESCAPE of a pattern must be a single character");
}

/* Arguments: pattern, text, escape. */
static int kernLikeLike(KERN_ARGS) {
  KernLikePlan plan = {0};
  i32 escape = -1;
  int rc = SEINE_OK;
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k);
    Str pat = snKernStr(&args[0], i), s = snKernStr(&args[1], i);
    bool fixed = args[0].form == VEC_CONST;
    if (n > 2) {
      if (snKernOnce(&args[2], k)) {
        rc = snKernEscape(c, snKernStr(&args[2], i), &escape);
      }
      if (rc) return rc;
      fixed = fixed && args[2].form == VEC_CONST;
    }
    if (fixed && !k) rc = kernLikePlan(c, pat, escape, &plan);
    if (rc) return rc;
    if (plan.usable
            ? kernLikeByPlan(c, &plan, s)
            : snLike(c, s.p, s.n, pat.p, pat.n, escape)) {
      snBitSet(out->data, i);
    }
  }
  return SEINE_OK;
}

static int kernLikeGlob(KERN_ARGS) {
  KernLikePlan plan = {0};
  bool fixed = args[0].form == VEC_CONST;
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k);
    Str pat = snKernStr(&args[0], i), s = snKernStr(&args[1], i);
    if (fixed && !k) {
      int rc = kernLikePlan(c, pat, KERN_LIKE_GLOB, &plan);
      if (rc) return rc;
    }
    if (plan.usable
            ? kernLikeByPlan(c, &plan, s)
            : snGlob(c, s.p, s.n, pat.p, pat.n)) {
      snBitSet(out->data, i);
    }
  }
  return SEINE_OK;
}

/* clang-format off */
static const Func kernLikeFuncs[] = {
  {"like", "ss?s", TYPE_BOOLEAN, 0, kernLikeLike},
  {"glob", "ss",   TYPE_BOOLEAN, 0, kernLikeGlob},
};
/* clang-format on */

const Func *snKernLikeList(u32 *n) {
  *n = SN_COUNT(kernLikeFuncs);
  return kernLikeFuncs;
}

#undef KERN_LIKE_GLOB
