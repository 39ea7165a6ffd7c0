/*
** import_split: where does a record end?  Works on any cut of the input:
** what it must remember between two pieces is in ImportSplit.
**
** (1) BY_LINE: a line.  BY_CSV: a line whose quotes are closed; a quote
**     counts at the start of a field only.  BY_OBJECT: an object with all
**     that is in it; blanks, commas and square brackets lie between records,
**     any other text there is a record of its own (which nobody can read).
** (2) newlines counts the line ends of what was cut off, for line numbers.
** (3) With `plain` a line end always ends a record: that is how the rest of a
**     CSV file is read when its last quote was never closed.
*/
#include "api/import.h"

enum {
  SPLIT_START, /* of a field of CSV; outside of strings in an object */
  SPLIT_PLAIN,
  SPLIT_QUOTED,
  SPLIT_BEHIND, /* a quote inside quotes: the end, or half of two */
  SPLIT_JUNK
};

void snImportSplitReset(ImportSplit *s) {
  s->state = SPLIT_START;
  s->escaped = false;
  s->depth = 0;
}

bool snImportSplitOpen(const ImportSplit *s) {
  return s->mode == IMPORT_BY_CSV && s->state == SPLIT_QUOTED && !s->plain;
}

static u32 splitCount(const char *p, const char *end) {
  u32 n = 0;
  while (p < end && (p = memchr(p, '\n', (size_t)(end - p))) != NULL) n++, p++;
  return n;
}

/* ---- CSV ---------------------------------------------------------------- */

/* Inside quotes: behind the next one, or end. */
static const char *splitQuoted(ImportSplit *s, const char *p,
    const char *end) {
  const char *q = memchr(p, '"', (size_t)(end - p));
  const char *to = q ? q : end, *line;
  if (s->plain) {
    line = memchr(p, '\n', (size_t)(to - p));
    if (line) {
      s->state = SPLIT_PLAIN;
      return line;
    }
  } else {
    s->newlines += splitCount(p, to);
  }
  if (!q) return end;
  s->state = SPLIT_BEHIND;
  return q + 1;
}

/* Outside of quotes, up to the line end (line, or NULL) or into a quoted
** field. */
static const char *splitPlain(ImportSplit *s, const char *p, const char *line,
    const char *end) {
  const char *to = line ? line : end, *q;
  while ((q = memchr(p, '"', (size_t)(to - p))) != NULL) {
    bool opens = q > p ? q[-1] == s->delim : s->state == SPLIT_START;
    p = q + 1;
    s->state = opens ? SPLIT_QUOTED : SPLIT_PLAIN;
    if (opens) return p;
  }
  if (to > p) s->state = to[-1] == s->delim ? SPLIT_START : SPLIT_PLAIN;
  return to;
}

static ImportCut splitCsv(ImportSplit *s, const char *p, size_t n,
    size_t *used) {
  const char *start = p, *end = p + n, *line = NULL;
  bool known = false; /* line is the next line end, or there is none */
  *used = n;
  while (p < end) {
    if (s->state == SPLIT_QUOTED) {
      p = splitQuoted(s, p, end);
      continue;
    }
    if (s->state == SPLIT_BEHIND) {
      s->state = SPLIT_PLAIN;
      if (*p == '"') s->state = SPLIT_QUOTED, p++;
      else if (*p == s->delim) s->state = SPLIT_START, p++;
      continue;
    }
    if (!known || (line && line < p)) {
      line = memchr(p, '\n', (size_t)(end - p));
      known = true;
    }
    p = splitPlain(s, p, line, end);
    if (p != line || s->state == SPLIT_QUOTED) continue;
    s->newlines++;
    *used = (size_t)(line + 1 - start);
    return IMPORT_CUT_RECORD;
  }
  return IMPORT_CUT_MORE;
}

/* ---- Objects ------------------------------------------------------------ */

static bool splitBetween(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == ',' ||
      c == '[' || c == ']';
}

static ImportCut splitSkip(ImportSplit *s, const char *p, size_t n,
    size_t *used) {
  size_t i = 0;
  while (i < n && splitBetween(p[i])) i++;
  s->newlines += splitCount(p, p + i);
  *used = i;
  return IMPORT_CUT_SKIP;
}

/* A text between the records, up to what may follow it. */
static ImportCut splitJunk(const char *p, size_t n, size_t *used) {
  size_t i = 0;
  while (i < n && p[i] != '\n' && p[i] != ',' && p[i] != ']' && p[i] != '{') {
    i++;
  }
  *used = i;
  return i < n ? IMPORT_CUT_RECORD : IMPORT_CUT_MORE;
}

static const char *splitString(ImportSplit *s, const char *p,
    const char *end) {
  for (; p < end; p++) {
    if (s->escaped) s->escaped = false;
    else if (*p == '\\') s->escaped = true;
    else if (*p == '"') break;
    if (*p == '\n') s->newlines++;
  }
  if (p == end) return end;
  s->state = SPLIT_START;
  return p + 1;
}

static ImportCut splitObject(ImportSplit *s, const char *p, size_t n,
    size_t *used) {
  const char *start = p, *end = p + n;
  while (p < end) {
    if (s->state == SPLIT_QUOTED) {
      p = splitString(s, p, end);
      continue;
    }
    switch (*p++) {
      case '"': s->state = SPLIT_QUOTED; break;
      case '\n': s->newlines++; break;
      case '{': case '[': s->depth++; break;
      case '}': case ']':
        if (--s->depth) break;
        *used = (size_t)(p - start);
        return IMPORT_CUT_RECORD;
      default: break;
    }
  }
  *used = n;
  return IMPORT_CUT_MORE;
}

/* ---- The door ----------------------------------------------------------- */

static ImportCut splitLine(ImportSplit *s, const char *p, size_t n,
    size_t *used) {
  const char *line = memchr(p, '\n', n);
  *used = line ? (size_t)(line + 1 - p) : n;
  s->newlines += line != NULL;
  return line ? IMPORT_CUT_RECORD : IMPORT_CUT_MORE;
}

ImportCut snImportSplit(ImportSplit *s, bool inside, const char *p, size_t n,
    size_t *used) {
  if (s->mode == IMPORT_BY_LINE) return splitLine(s, p, n, used);
  if (s->mode == IMPORT_BY_CSV) return splitCsv(s, p, n, used);
  if (!inside) {
    if (splitBetween(*p)) return splitSkip(s, p, n, used);
    if (*p != '{') s->state = SPLIT_JUNK;
  }
  if (s->state == SPLIT_JUNK) return splitJunk(p, n, used);
  return splitObject(s, p, n, used);
}

size_t snImportTrim(const ImportSplit *s, const char *p, size_t n) {
  if (s->mode == IMPORT_BY_OBJECT) return n;
  if (n && p[n - 1] == '\n') n--;
  if (n && p[n - 1] == '\r') n--;
  return n;
}
