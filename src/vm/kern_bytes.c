/*
** kern_bytes: bytes as such: fingerprints, Base64, zeros and chance; and how
** far two texts are from each other.
**
** (1) Distances count code points.  Their time is the product of both lengths,
**     so texts whose product is above KERN_BYTES_CELLS are an error.
*/
#include "vm/kern.h"
#include "os/os.h"

#define KERN_BYTES_CELLS 16000000u /* 4,000 times 4,000 code points */

static int kernBytesHex(FuncCtx *c, Vec *out, u32 i, const u8 *p, u32 n) {
  static const char digits[] = "0123456789abcdef";
  char text[2 * DIGEST_MOST];
  for (u32 k = 0; k < n; k++) {
    text[2 * k] = digits[p[k] >> 4];
    text[2 * k + 1] = digits[p[k] & 15];
  }
  return snFuncStr(c, out, i, text, 2 * (size_t)n);
}

/* ---- Fingerprints ------------------------------------------------------- */

static u32 kernBytesDigestOf(FuncCtx *c, DigestKind kind, Str s,
    u8 out[DIGEST_MOST]) {
  Digest d;
  snDigestBegin(&d, kind);
  for (; s.n > SN_STRIDE; s.n -= SN_STRIDE, s.p += SN_STRIDE) {
    snDigestBlocks(&d, s.p, SN_STRIDE);
    if (snKernStop(c, SN_STRIDE)) return 0;
  }
  (void)snKernStop(c, s.n);
  return snDigestEnd(&d, s.p, s.n, out);
}

static u32 kernBytesCrc(FuncCtx *c, Str s) {
  u32 crc = 0;
  for (u32 n; s.n; s.n -= n, s.p += n) {
    n = SN_MIN(s.n, SN_STRIDE);
    crc = snDigestCrc32(crc, s.p, n);
    if (snKernStop(c, n)) break;
  }
  return crc;
}

static int kernBytesDigest(FuncCtx *c, const Vec *args, Rows16 rows, Vec *out,
    DigestKind kind) {
  int rc = SEINE_OK;
  for (u32 k = 0; k < rows.n && !rc; k++) {
    u32 i = snKernRow(rows, k);
    u8 made[DIGEST_MOST];
    u32 len = kernBytesDigestOf(c, kind, snKernStr(&args[0], i), made);
    rc = kernBytesHex(c, out, i, made, len);
  }
  return rc;
}

static int kernBytesMd5(KERN_ARGS) {
  return kernBytesDigest(c, args, rows, out, DIGEST_MD5);
}

static int kernBytesSha1(KERN_ARGS) {
  return kernBytesDigest(c, args, rows, out, DIGEST_SHA1);
}

static int kernBytesSha256(KERN_ARGS) {
  return kernBytesDigest(c, args, rows, out, DIGEST_SHA256);
}

static int kernBytesCrc32(KERN_ARGS) {
  i64 *o = out->data;
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k);
    o[i] = kernBytesCrc(c, snKernStr(&args[0], i));
  }
  return SEINE_OK;
}

/* ---- Base64 (RFC 4648) -------------------------------------------------- */

static const char kern_bytes_64[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static int kernBytesBase64(KERN_ARGS) {
  Str *o = out->data;
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k), at = 0;
    Str s = snKernStr(&args[0], i);
    if (s.n > snKernMost(c) / 4 * 3 - 3) return snKernTooBig(c);
    u8 *to = snArenaBytes(c->arena, (s.n + 2ull) / 3 * 4 + 1);
    if (!to) return SN_NOMEM;
    for (u32 j = 0; j < s.n && !snKernStop(c, 3); j += 3) {
      u32 have = SN_MIN(3u, s.n - j), v = (u32)s.p[j] << 16;
      if (have > 1) v |= (u32)s.p[j + 1] << 8;
      if (have > 2) v |= s.p[j + 2];
      for (u32 d = 0; d < 4; d++)
        to[at++] = (u8)(d > have ? '=' : kern_bytes_64[v >> (18 - 6 * d) & 63]);
    }
    o[i] = (Str){to, at, 0};
  }
  return SEINE_OK;
}

static u32 kernBytesDigit(u8 ch) {
  if (ch >= 'A' && ch <= 'Z') return (u32)(ch - 'A');
  if (ch >= 'a' && ch <= 'z') return (u32)(ch - 'a') + 26;
  if (ch >= '0' && ch <= '9') return (u32)(ch - '0') + 52;
  return ch == '+' ? 62 : ch == '/' ? 63 : 64;
}

/* Blanks and newlines are passed over; = may be missing, and ends it. */
static bool kernBytesDecode(FuncCtx *c, Str s, u8 *to, u32 *n) {
  u32 v = 0, have = 0, pads = 0;
  for (u32 j = 0; j < s.n && !snKernStop(c, 1); j++) {
    u32 d = kernBytesDigit(s.p[j]);
    if (s.p[j] == ' ' || (s.p[j] >= 9 && s.p[j] <= 13)) continue;
    if (s.p[j] == '=') {
      pads++;
      continue;
    }
    if (d > 63 || pads) return false;
    v = v << 6 | d;
    if (++have % 4) continue;
    to[(*n)++] = (u8)(v >> 16);
    to[(*n)++] = (u8)(v >> 8);
    to[(*n)++] = (u8)v;
  }
  have %= 4;
  if (have == 1 || (pads && pads != (4 - have) % 4)) return false;
  if (have > 1) to[(*n)++] = (u8)(v >> (have == 2 ? 4 : 10));
  if (have > 2) to[(*n)++] = (u8)(v >> 2);
  return true;
}

static int kernBytesUnbase64(KERN_ARGS) {
  Str *o = out->data;
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k), bytes = 0;
    Str s = snKernStr(&args[0], i);
    u8 *to = snArenaBytes(c->arena, s.n / 4 * 3ull + 4);
    if (!to) return SN_NOMEM;
    if (kernBytesDecode(c, s, to, &bytes)) o[i] = (Str){to, bytes, 0};
    else snKernNull(out, i);
  }
  return SEINE_OK;
}

/* ---- Bytes of a length -------------------------------------------------- */

static int kernBytesMake(FuncCtx *c, const Vec *args, Rows16 rows, Vec *out,
    bool chance) {
  Str *o = out->data;
  Vfs *v = snOsUnix();
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k);
    i64 n = snKernInt(&args[0], i), least = chance; /* as in SQLite */
    n = SN_MAX(n, least);
    if (n > snKernMost(c)) return snKernTooBig(c);
    u8 *to = snArenaBytes(c->arena, (size_t)n + 1);
    if (!to) return SN_NOMEM;
    for (u32 at = 0, len; at < n; at += len) {
      len = SN_MIN((u32)n - at, SN_STRIDE);
      if (chance) v->random(v, to + at, len);
      else memset(to + at, 0, len);
      if (snKernStop(c, len)) break;
    }
    o[i] = (Str){to, (u32)n, 0};
  }
  return SEINE_OK;
}

static int kernBytesZeros(KERN_ARGS) {
  return kernBytesMake(c, args, rows, out, false);
}

static int kernBytesRandom(KERN_ARGS) {
  return kernBytesMake(c, args, rows, out, true);
}

/* ---- Sound -------------------------------------------------------------- */

/* As SQLite's: a letter that has no code parts equal ones. */
static int kernBytesSoundex(KERN_ARGS) {
  /*                          abcdefghijklmnopqrstuvwxyz */
  static const char codes[] = "01230120022455012623010202";
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k), have = 0, j = 0;
    bool null = snKernIsNull(&args[0], i);
    Str s = null ? (Str){NULL, 0, 0} : snKernStr(&args[0], i);
    char made[4] = {'?', '0', '0', '0'}, last = 0;
    for (; j < s.n && have < 4; j++) {
      u32 letter = (u32)(s.p[j] | 0x20) - 'a';
      if (letter > 25) {
        if (have) last = 0;
        continue;
      }
      if (!have) made[have++] = (char)('A' + letter);
      else if (codes[letter] != '0' && codes[letter] != last)
        made[have++] = codes[letter];
      last = codes[letter];
    }
    int rc = snFuncStr(c, out, i, made, 4);
    if (rc) return rc;
  }
  return SEINE_OK;
}

/* ---- Distances ---------------------------------------------------------- */

typedef struct KernBytesPair {
  u32 *a, *b;        /* code points, */
  u32 n, m;          /* ... so many */
  u32 *work;         /* room */
} KernBytesPair;

static u32 kernBytesPoints(FuncCtx *c, Str s, u32 *to) {
  u32 n = 0, len;
  for (u32 at = 0; at < s.n && !snKernStop(c, 1); at += len)
    to[n++] = snUtfGet(s.p + at, s.p + s.n, &len);
  return n;
}

/* What both begin and end with does not matter.  cells: words of room for
** each pair of points, or 0: for each point. */
static int kernBytesOpen(FuncCtx *c, const Vec *args, u32 i, bool cells,
    KernBytesPair *p) {
  Str a = snKernStr(&args[0], i), b = snKernStr(&args[1], i);
  p->a = snArenaAlloc(c->arena, (a.n + 1ull) * sizeof(u32));
  p->b = snArenaAlloc(c->arena, (b.n + 1ull) * sizeof(u32));
  if (!p->a || !p->b) return SN_NOMEM;
  p->n = kernBytesPoints(c, a, p->a);
  p->m = kernBytesPoints(c, b, p->b);
  while (p->n && p->m && p->a[p->n - 1] == p->b[p->m - 1]) p->n--, p->m--;
  while (p->n && p->m && *p->a == *p->b) p->a++, p->b++, p->n--, p->m--;
  if ((u64)p->n * p->m > KERN_BYTES_CELLS)
    return snKernError(c, "the texts are too long to be compared: %u and %u "
        "characters differ", p->n, p->m);
  u64 room = cells ? (p->n + 2ull) * (p->m + 2ull) + p->m + 1ull :
      p->m + 2ull;
  p->work = snArenaAlloc(c->arena, room * sizeof(u32));
  return p->work ? SEINE_OK : SN_NOMEM;
}

static u32 kernBytesLevenshtein(FuncCtx *c, const KernBytesPair *p) {
  u32 *row = p->work;
  for (u32 j = 0; j <= p->m; j++) row[j] = j;
  for (u32 i = 1; i <= p->n && !snKernStop(c, p->m); i++) {
    u32 left = i, corner = i - 1;
    for (u32 j = 1; j <= p->m; j++) {
      u32 up = row[j], best = SN_MIN(up, left) + 1;
      u32 same = corner + (p->a[i - 1] != p->b[j - 1]);
      corner = up;
      row[j - 1] = left;
      left = SN_MIN(best, same);
    }
    row[p->m] = left;
  }
  return row[p->m];
}

/* With neighbours exchanged, and more put between them: the distance of
** Damerau and Levenshtein proper.  d has a row and a column in front of the
** empty prefixes; seen[j]: the last row of a's character b[j]. */
static u32 kernBytesDamerau(FuncCtx *c, const KernBytesPair *p) {
  u32 wide = p->m + 2, most = p->n + p->m, *d = p->work;
  u32 *seen = d + (size_t)(p->n + 2) * wide;
  memset(seen, 0, p->m * sizeof *seen);
  d[0] = most;
  for (u32 i = 0; i <= p->n; i++) {
    d[(size_t)(i + 1) * wide] = most;
    d[(size_t)(i + 1) * wide + 1] = i;
  }
  for (u32 j = 0; j <= p->m; j++) {
    d[j + 1] = most;
    d[wide + j + 1] = j;
  }
  for (u32 i = 1; i <= p->n && !snKernStop(c, 2 * p->m); i++) {
    u32 last = 0; /* the last column of b where a[i - 1] stands */
    u32 *up = d + (size_t)i * wide, *row = up + wide;
    for (u32 j = 1; j <= p->m; j++) {
      u32 k = seen[j - 1], l = last;
      bool same = p->a[i - 1] == p->b[j - 1];
      u32 best = SN_MIN(row[j], up[j + 1]) + 1;
      best = SN_MIN(best, up[j] + !same);
      if (k && l)
        best = SN_MIN(best, d[(size_t)k * wide + l] + (i - k - 1) + 1 +
            (j - l - 1));
      row[j + 1] = best;
      if (same) last = j;
    }
    for (u32 j = 0; j < p->m; j++)
      if (p->b[j] == p->a[i - 1]) seen[j] = i;
  }
  return d[(size_t)(p->n + 1) * wide + p->m + 1];
}

static int kernBytesDistance(FuncCtx *c, const Vec *args, Rows16 rows,
    Vec *out, bool damerau) {
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k);
    Arena own;
    KernBytesPair p = {0};
    FuncCtx inner = *c;
    snArenaInit(&own, c->budget);
    inner.arena = &own;
    int rc = kernBytesOpen(&inner, args, i, damerau, &p);
    if (!rc)
      ((i64 *)out->data)[i] =
          damerau ? kernBytesDamerau(&inner, &p)
                  : kernBytesLevenshtein(&inner, &p);
    snArenaClear(&own);
    c->made = inner.made;
    c->rc = inner.rc;
    if (rc || c->rc) return rc;
  }
  return SEINE_OK;
}

static int kernBytesEdits(KERN_ARGS) {
  return kernBytesDistance(c, args, rows, out, false);
}

static int kernBytesSwaps(KERN_ARGS) {
  return kernBytesDistance(c, args, rows, out, true);
}

/* ---- What the connection counts ----------------------------------------- */

static int kernBytesCounter(FuncCtx *c, Rows16 rows, Vec *out, u32 which) {
  for (u32 k = 0; k < rows.n; k++)
    ((i64 *)out->data)[snKernRow(rows, k)] =
        c->counters ? c->counters[which] : 0;
  return SEINE_OK;
}

static int kernBytesChanges(KERN_ARGS) {
  (void)args;
  return kernBytesCounter(c, rows, out, 0);
}

static int kernBytesTotal(KERN_ARGS) {
  (void)args;
  return kernBytesCounter(c, rows, out, 1);
}

static int kernBytesRowid(KERN_ARGS) {
  (void)args;
  return kernBytesCounter(c, rows, out, 2);
}

/* ---- The table ---------------------------------------------------------- */

/* clang-format off */
static const Func kern_bytes_funcs[] = {
  {"md5",                 "s",  TYPE_TEXT,    0, kernBytesMd5},
  {"md5",                 "x",  TYPE_TEXT,    0, kernBytesMd5},
  {"sha1",                "s",  TYPE_TEXT,    0, kernBytesSha1},
  {"sha1",                "x",  TYPE_TEXT,    0, kernBytesSha1},
  {"sha256",              "s",  TYPE_TEXT,    0, kernBytesSha256},
  {"sha256",              "x",  TYPE_TEXT,    0, kernBytesSha256},
  {"crc32",               "s",  TYPE_INTEGER, 0, kernBytesCrc32},
  {"crc32",               "x",  TYPE_INTEGER, 0, kernBytesCrc32},
  {"base64",              "s",  TYPE_TEXT,    0, kernBytesBase64},
  {"base64",              "x",  TYPE_TEXT,    0, kernBytesBase64},
  {"to_base64",           "s",  TYPE_TEXT,    0, kernBytesBase64},
  {"to_base64",           "x",  TYPE_TEXT,    0, kernBytesBase64},
  {"unbase64",            "s",  TYPE_BLOB,    0, kernBytesUnbase64},
  {"from_base64",         "s",  TYPE_BLOB,    0, kernBytesUnbase64},
  {"zeroblob",            "i",  TYPE_BLOB,    0, kernBytesZeros},
  {"randomblob",          "i",  TYPE_BLOB,    FUNC_IMPURE, kernBytesRandom},
  {"soundex",             "s",  TYPE_TEXT,    FUNC_NULLS, kernBytesSoundex},
  {"levenshtein",         "ss", TYPE_INTEGER, 0, kernBytesEdits},
  {"damerau_levenshtein", "ss", TYPE_INTEGER, 0, kernBytesSwaps},
  {"changes",             "",   TYPE_INTEGER, FUNC_IMPURE, kernBytesChanges},
  {"total_changes",       "",   TYPE_INTEGER, FUNC_IMPURE, kernBytesTotal},
  {"last_insert_rowid",   "",   TYPE_INTEGER, FUNC_IMPURE, kernBytesRowid},
};
/* clang-format on */

const Func *snKernBytesList(u32 *n) {
  *n = SN_COUNT(kern_bytes_funcs);
  return kern_bytes_funcs;
}

#undef KERN_BYTES_CELLS
