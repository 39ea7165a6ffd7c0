/*
** Words for the rest of the shell: growing text, UTF-8, the width of a
** character, patterns, and the nearest word to a misspelt one.
*/
#include "shell/shellInt.h"
#include <ctype.h>
#include <wchar.h>

void *shellRealloc(void *z, size_t n) {
  void *p = realloc(z, n ? n : 1);
  if (!p) {
    fprintf(stderr, "Error: out of memory\n");
    exit(SHELL_EXIT_FAILED);
  }
  return p;
}

void *shellAlloc(size_t n) { return shellRealloc(NULL, n); }

char *shellDup(const char *z) {
  size_t n = strlen(z) + 1;
  char *d = shellAlloc(n);
  memcpy(d, z, n);
  return d;
}

void shellBufAdd(ShellBuf *b, const char *z, size_t n) {
  if (n >= SIZE_MAX / 4 - b->n) {
    fprintf(stderr, "Error: out of memory\n");
    exit(SHELL_EXIT_FAILED);
  }
  if (b->n + n + 1 > b->cap) {
    b->cap = (b->n + n + 1) * 2 + 64;
    b->z = shellRealloc(b->z, b->cap);
  }
  if (n) memcpy(b->z + b->n, z, n);
  b->n += n;
  b->z[b->n] = 0;
}

void shellBufPuts(ShellBuf *b, const char *z) { shellBufAdd(b, z, strlen(z)); }

void shellBufPutc(ShellBuf *b, int c) {
  char z = (char)c;
  shellBufAdd(b, &z, 1);
}

void shellBufName(ShellBuf *b, const char *name) {
  shellBufPutc(b, '"');
  for (; *name; name++) {
    if (*name == '"') shellBufPutc(b, '"');
    shellBufPutc(b, *name);
  }
  shellBufPutc(b, '"');
}

void shellBufClear(ShellBuf *b) {
  b->n = 0;
  if (b->z) b->z[0] = 0;
}

void shellBufFree(ShellBuf *b) {
  free(b->z);
  b->z = NULL;
  b->n = b->cap = 0;
}

size_t shellUtfDecode(const char *z, const char *end, uint32_t *c, int *bad) {
  const unsigned char *u = (const unsigned char *)z;
  size_t left = (size_t)(end - z), n, i;
  uint32_t v, least;
  if (u[0] < 0x80) {
    *c = u[0];
    return 1;
  }
  if ((u[0] & 0xe0) == 0xc0) n = 2, v = u[0] & 0x1f, least = 0x80;
  else if ((u[0] & 0xf0) == 0xe0) n = 3, v = u[0] & 0x0f, least = 0x800;
  else if ((u[0] & 0xf8) == 0xf0) n = 4, v = u[0] & 0x07, least = 0x10000;
  else goto broken;
  if (n > left) goto broken;
  for (i = 1; i < n; i++) {
    if ((u[i] & 0xc0) != 0x80) goto broken;
    v = v << 6 | (u[i] & 0x3f);
  }
  if (v < least || v > 0x10ffff || (v >= 0xd800 && v < 0xe000)) goto broken;
  *c = v;
  return n;
broken:
  *c = 0xfffd;
  *bad = 1;
  return 1;
}

int shellUtfWidth(uint32_t c) {
  int w;
  if (c < 0x20 || c == 0x7f) return 0;
  if (c < 0x7f) return 1;
  w = wcwidth((wchar_t)c);
  return w < 0 ? 1 : w > 2 ? 2 : w; /* unknown to the locale: a guess */
}

size_t shellSgrLength(const char *z, const char *end) {
  const char *s = z + 2;
  if (end - z < 3 || z[0] != 0x1b || z[1] != '[') return 0;
  while (s < end && (isdigit((unsigned char)*s) || *s == ';' || *s == ':'))
    s++;
  return s < end && *s == 'm' && s - z < 32 ? (size_t)(s - z) + 1 : 0;
}

/* Adds the character c of n bytes at z when it is a control character or
** broken; 0 when it is neither. */
static int shellTextOddity(ShellBuf *b, uint32_t c, int bad) {
  char caret[2] = {'^', 0};
  if (bad) {
    shellBufAdd(b, "\xef\xbf\xbd", 3);
    return 1;
  }
  if (c < 0x20) {
    caret[1] = (char)(c + 0x40);
    shellBufAdd(b, caret, 2);
    return 1;
  }
  if (c == 0x7f) {
    shellBufAdd(b, "^?", 2);
    return 1;
  }
  if (c >= 0x80 && c < 0xa0) { /* C1: terminals obey these too */
    shellBufAdd(b, "\xef\xbf\xbd", 3);
    return 1;
  }
  return 0;
}

void shellBufAddSafe(ShellBuf *b, const char *z, size_t n, int keep_tabs) {
  const char *end = z + n;
  size_t column = 0;
  while (z < end) {
    uint32_t c;
    int bad = 0;
    size_t k = shellSgrLength(z, end);
    if (k) {
      shellBufAdd(b, z, k);
      z += k;
      continue;
    }
    k = shellUtfDecode(z, end, &c, &bad);
    if (c == '\n' || (c == '\t' && keep_tabs)) {
      shellBufPutc(b, (int)c);
      column = 0;
    } else if (c == '\t') {
      do shellBufPutc(b, ' ');
      while (++column % 8);
    } else if (c == '\r' && k < (size_t)(end - z) && z[k] == '\n') {
      column = 0; /* CR LF is one line end */
    } else if (shellTextOddity(b, c, bad)) {
      column += c < 0x80 ? 2 : 1;
    } else {
      shellBufAdd(b, z, k);
      column += (size_t)shellUtfWidth(c);
    }
    z += k;
  }
}

size_t shellTextWidth(const char *z, size_t n) {
  const char *end = z + n;
  size_t w = 0;
  while (z < end) {
    uint32_t c;
    int bad = 0;
    size_t k = shellSgrLength(z, end);
    if (k) {
      z += k;
      continue;
    }
    z += shellUtfDecode(z, end, &c, &bad);
    w += (size_t)shellUtfWidth(c);
  }
  return w;
}

/* The last % is the only one that needs to be tried again: linear memory,
** no recursion. */
int shellLike(const char *pattern, const char *text) {
  const char *star = NULL, *retry = NULL;
  while (*text) {
    if (*pattern == '%' || *pattern == '*') {
      star = pattern++;
      retry = text;
    } else if (*pattern && (*pattern == '_' ||
                               tolower((unsigned char)*pattern) ==
                                   tolower((unsigned char)*text))) {
      pattern++;
      text++;
    } else if (star) {
      pattern = star + 1;
      text = ++retry;
    } else {
      return 0;
    }
  }
  while (*pattern == '%' || *pattern == '*') pattern++;
  return *pattern == 0;
}

void shellNearBegin(ShellNear *s, const char *word) {
  s->word = word;
  s->best = NULL;
  s->distance = (int)(strlen(word) + 2) / 3 + 1; /* one more is too far */
}

/* Edits from a to b, where two neighbours that changed places are one. */
static int shellNearDistance(const char *a, const char *b) {
  int d[3][66];
  int n = (int)strlen(a), m = (int)strlen(b), i, j;
  if (n > 64 || m > 64) return 99;
  for (j = 0; j <= m; j++) d[0][j] = j;
  for (i = 1; i <= n; i++) {
    int *now = d[i % 3], *up = d[(i + 2) % 3], *upper = d[(i + 1) % 3];
    now[0] = i;
    for (j = 1; j <= m; j++) {
      int x = tolower((unsigned char)a[i - 1]);
      int y = tolower((unsigned char)b[j - 1]);
      int best = up[j - 1] + (x != y);
      if (up[j] + 1 < best) best = up[j] + 1;
      if (now[j - 1] + 1 < best) best = now[j - 1] + 1;
      if (i > 1 && j > 1 && x == tolower((unsigned char)b[j - 2]) &&
          y == tolower((unsigned char)a[i - 2]) && upper[j - 2] + 1 < best)
        best = upper[j - 2] + 1;
      now[j] = best;
    }
  }
  return d[n % 3][m];
}

void shellNearTry(ShellNear *s, const char *candidate) {
  int d = shellNearDistance(s->word, candidate);
  if (d < s->distance) {
    s->distance = d;
    s->best = candidate;
  }
}

const char *shellSkipBlank(const char *z, const char *end) {
  while (z < end) {
    if (isspace((unsigned char)*z)) {
      z++;
    } else if (end - z >= 2 && z[0] == '-' && z[1] == '-') {
      while (z < end && *z != '\n') z++;
    } else if (end - z >= 2 && z[0] == '/' && z[1] == '*') {
      for (z += 2; end - z >= 2 && (z[0] != '*' || z[1] != '/'); z++) {}
      if (end - z < 2) return NULL;
      z += 2;
    } else {
      break;
    }
  }
  return z;
}
