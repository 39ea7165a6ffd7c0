/*
** answer: the rows of a query as the files of sqllogictest write them.
**
** A value of a column I is an integer, R has three digits behind the point,
** B is true or false, T is the text, where "" is written (empty) and what
** cannot be printed is @.  NULL is NULL everywhere.
*/
#include <math.h>
#include "slt.h"

/* ---- MD5 (RFC 1321) ----------------------------------------------------- */

typedef struct Md5 {
  uint32_t s[4];
  uint64_t n;
  unsigned char block[64];
} Md5;

static uint32_t md5Load(const unsigned char *p) {
  return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
      (uint32_t)p[3] << 24;
}

static void md5Block(Md5 *m) {
  static const unsigned char shifts[4][4] = {
      {7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};
  static uint32_t sines[64];
  uint32_t a = m->s[0], b = m->s[1], c = m->s[2], d = m->s[3];
  int i;
  if (!sines[0]) {
    for (i = 0; i < 64; i++)
      sines[i] = (uint32_t)(fabs(sin(i + 1)) * 4294967296.0);
  }
  for (i = 0; i < 64; i++) {
    int round = i / 16, word = i, by = shifts[round][i % 4];
    uint32_t f, t;
    switch (round) {
      case 0: f = (b & c) | (~b & d); break;
      case 1: f = (d & b) | (~d & c); word = 5 * i + 1; break;
      case 2: f = b ^ c ^ d; word = 3 * i + 5; break;
      default: f = c ^ (b | ~d); word = 7 * i; break;
    }
    t = a + f + sines[i] + md5Load(m->block + 4 * (word % 16));
    a = d;
    d = c;
    c = b;
    b += t << by | t >> (32 - by);
  }
  m->s[0] += a;
  m->s[1] += b;
  m->s[2] += c;
  m->s[3] += d;
}

static void md5Init(Md5 *m) {
  *m = (Md5){{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476}, 0, {0}};
}

static void md5Add(Md5 *m, const void *p, size_t n) {
  const unsigned char *from = p;
  while (n--) {
    m->block[m->n++ % 64] = *from++;
    if (m->n % 64 == 0) md5Block(m);
  }
}

static void md5Hex(Md5 *m, char hex[33]) {
  uint64_t bits = m->n * 8;
  unsigned char length[8];
  int i;
  for (i = 0; i < 8; i++) length[i] = (unsigned char)(bits >> (8 * i));
  md5Add(m, "\x80", 1);
  while (m->n % 64 != 56) md5Add(m, "", 1);
  md5Add(m, length, 8);
  for (i = 0; i < 16; i++)
    snprintf(hex + 2 * i, 3, "%02x", m->s[i / 4] >> (8 * (i % 4)) & 0xff);
}

/* ---- values ------------------------------------------------------------- */

static const char *answerValue(const Answer *a, size_t i) {
  return a->bytes.p + a->at[i];
}

static void answerText(Answer *a, const char *s) {
  if (!*s) s = "(empty)";
  for (; *s; s++) {
    char c = *s;
    if (c < ' ' || c > '~') c = '@';
    textAdd(&a->bytes, &c, 1);
  }
}

static void answerAdd(Answer *a, seine_stmt *q, int i, int type) {
  char s[400];
  const char *text;
  a->at = grown(a->at, a->n + 1, &a->at_cap, sizeof *a->at);
  a->at[a->n++] = a->bytes.n;
  if (seine_column_type(q, i) == SEINE_NULL) {
    textAddStr(&a->bytes, "NULL");
  } else if (type == 'I') {
    snprintf(s, sizeof s, "%lld", (long long)seine_column_int64(q, i));
    textAddStr(&a->bytes, s);
  } else if (type == 'R') {
    snprintf(s, sizeof s, "%.3f", seine_column_double(q, i));
    textAddStr(&a->bytes, s);
  } else if (type == 'B') {
    textAddStr(&a->bytes, seine_column_int64(q, i) ? "true" : "false");
  } else {
    text = seine_column_text(q, i);
    if (type) answerText(a, text ? text : "NULL");
    else textAddStr(&a->bytes, text ? text : "NULL");
  }
  textAdd(&a->bytes, "", 1);
}

int answerRead(Answer *a, seine_stmt *q, const char *types) {
  int rc, i;
  textClear(&a->bytes);
  a->n = 0;
  a->cols = seine_column_count(q);
  while ((rc = seine_step(q)) == SEINE_ROW) {
    for (i = 0; i < a->cols; i++) answerAdd(a, q, i, types ? types[i] : 0);
  }
  return rc;
}

void answerFree(Answer *a) {
  free(a->bytes.p);
  free(a->at);
  *a = (Answer){0};
}

/* ---- order -------------------------------------------------------------- */

/* qsort() passes no context. */
static const char *answerBase;
static int answerWidth;

static int answerOrder(const void *x, const void *y) {
  const size_t *a = x, *b = y;
  int i, c = 0;
  for (i = 0; i < answerWidth && !c; i++)
    c = strcmp(answerBase + a[i], answerBase + b[i]);
  return c;
}

void answerSort(Answer *a, SortMode mode) {
  if (mode == SORT_NONE || !a->n) return;
  answerBase = a->bytes.p;
  answerWidth = mode == SORT_ROWS ? a->cols : 1;
  qsort(a->at, a->n / (size_t)answerWidth,
      sizeof *a->at * (size_t)answerWidth, answerOrder);
}

/* ---- comparison --------------------------------------------------------- */

void answerHash(const Answer *a, char hex[33]) {
  Md5 m;
  size_t i;
  md5Init(&m);
  for (i = 0; i < a->n; i++) {
    const char *v = answerValue(a, i);
    md5Add(&m, v, strlen(v));
    md5Add(&m, "\n", 1);
  }
  md5Hex(&m, hex);
}

static int answerSame(Span want, const char *got) {
  return strlen(got) == want.n && !memcmp(want.p, got, want.n);
}

int answerEqual(const Answer *a, const Span *want, size_t n) {
  char hex[33], line[80];
  size_t i;
  if (n == 1 && want[0].n > 33) {
    answerHash(a, hex);
    snprintf(line, sizeof line, "%zu values hashing to %s", a->n, hex);
    if (answerSame(want[0], line)) return 1;
  }
  if (n != a->n) return 0;
  for (i = 0; i < n; i++)
    if (!answerSame(want[i], answerValue(a, i))) return 0;
  return 1;
}

static int answerNumber(const char *s, double *v) {
  char *end;
  *v = strtod(s, &end);
  return end != s && !*end;
}

static int answerClose(const char *want, const char *got) {
  double a, b;
  if (!strcmp(want, got)) return 1;
  if (!strcmp(want, "(empty)")) return !*got;
  if (!strcmp(want, "true")) return !strcmp(got, "1");
  if (!strcmp(want, "false")) return !strcmp(got, "0");
  if (!answerNumber(want, &a) || !answerNumber(got, &b)) return 0;
  return fabs(a - b) <= 1e-9 * fmax(fabs(a), fabs(b));
}

/* The lines of a file as an Answer: 0 when a row has another width. */
static int answerOfLines(Answer *w, const Span *want, size_t n, int cols) {
  size_t i;
  w->cols = cols;
  for (i = 0; i < n; i++) {
    const char *p = want[i].p, *end = p + want[i].n;
    int col;
    for (col = 0; col < cols; col++) {
      const char *tab = memchr(p, '\t', (size_t)(end - p));
      if (!tab || cols == 1) tab = end;
      if ((tab == end) != (col == cols - 1)) return 0;
      w->at = grown(w->at, w->n + 1, &w->at_cap, sizeof *w->at);
      w->at[w->n++] = w->bytes.n;
      textAdd(&w->bytes, p, (size_t)(tab - p));
      textAdd(&w->bytes, "", 1);
      p = tab + 1;
    }
  }
  return 1;
}

int answerAlike(const Answer *a, Span *want, size_t n, SortMode mode) {
  Answer w = {0};
  int same = 0;
  size_t i;
  /* one value a line, or one row a line */
  if (n * (size_t)a->cols == a->n) {
    same = answerOfLines(&w, want, n, a->cols);
  }
  if (!same && n == a->n) {
    textClear(&w.bytes);
    w.n = 0;
    same = answerOfLines(&w, want, n, 1);
    w.cols = a->cols;
  }
  if (same) answerSort(&w, mode);
  for (i = 0; same && i < a->n; i++)
    same = answerClose(answerValue(&w, i), answerValue(a, i));
  answerFree(&w);
  return same;
}

void answerShow(const Answer *a, Text *out, size_t most) {
  char s[60];
  size_t i;
  for (i = 0; i < a->n && i < most; i++) {
    textAddStr(out, answerValue(a, i));
    textAddStr(out, (i + 1) % (size_t)a->cols ? "|" : "\n");
  }
  if (i < a->n) {
    snprintf(s, sizeof s, "... %zu values in all\n", a->n);
    textAddStr(out, s);
  }
}
