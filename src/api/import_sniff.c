/*
** import_sniff: what is this input?  Judged by its first 64 KiB.
**
** (1) Order: JSON, access log, CSV, plain lines.  What can only be one thing
**     comes first.
** (2) JSON: most lines are objects; or one object or an array of objects goes
**     over many lines (IMPORT_BY_OBJECT).
** (3) CSV: one of , ; tab | cuts nine of ten records into as many fields as
**     the first, two or more.  Two fields need a header, or a tab: text with
**     a comma in each line is no table.
** (4) A format that the caller gives is only looked at for its details.
*/
#include "api/import.h"

#define SNIFF_LINES 200u

static int sniffRefuse(seine_import *imp, const char *what,
    const char *next) {
  return snImportFail(imp, snDbError(imp->db, SEINE_ERROR,
      "the input is %s: %s", what, next));
}

/* What no reader here can take. */
static int sniffMagic(seine_import *imp, const char *p, size_t n) {
  static const struct SniffMagic {
    char bytes[5];
    u8 n;
    char what[24], next[32];
  } magics[] = {
      {"\xff\xfe", 2, "UTF-16", "convert it to UTF-8"},
      {"\xfe\xff", 2, "UTF-16", "convert it to UTF-8"},
      {"\x1f\x8b", 2, "compressed by gzip", "unpack it before"},
      {"\x28\xb5\x2f\xfd", 4, "compressed by zstd", "unpack it before"},
      {"BZh", 3, "compressed by bzip2", "unpack it before"},
      {"\xfd" "7zX", 4, "compressed by xz", "unpack it before"},
      {"PK\x03\x04", 4, "a zip archive", "unpack it before"},
      {"PAR1", 4, "a Parquet file", "write it as CSV or NDJSON"},
  };
  for (u32 i = 0; i < SN_COUNT(magics); i++) {
    const struct SniffMagic *m = &magics[i];
    if (n < m->n || memcmp(p, m->bytes, m->n)) continue;
    return sniffRefuse(imp, m->what, m->next);
  }
  return SEINE_OK;
}

/* ---- Lines of the sample ------------------------------------------------ */

typedef struct SniffLines {
  const char *p, *end;
  bool whole;  /* the last line needs no line end */
} SniffLines;

/* The next line that is not blank. */
static bool sniffLine(SniffLines *s, const char **p, size_t *n) {
  while (s->p < s->end) {
    const char *q = memchr(s->p, '\n', (size_t)(s->end - s->p)), *to;
    *p = s->p;
    if (!q && !s->whole) return false;
    to = q ? q : s->end;
    s->p = q ? q + 1 : s->end;
    while (to > *p && (to[-1] == '\r' || to[-1] == ' ' || to[-1] == '\t')) {
      to--;
    }
    *n = (size_t)(to - *p);
    if (*n) return true;
  }
  return false;
}

static const char *sniffBlanks(const char *p, const char *end) {
  while (p < end && (*p == ' ' || *p == '\t' || *p == '\r' || *p == '\n')) p++;
  return p;
}

/* ---- JSON --------------------------------------------------------------- */

/* More than half of the lines are whole objects. */
static bool sniffJsonLines(const char *p, size_t n, bool whole) {
  SniffLines s = {p, p + n, whole};
  const char *line;
  size_t len;
  u32 good = 0, all = 0;
  while (all < SNIFF_LINES && sniffLine(&s, &line, &len)) {
    const char *at = sniffBlanks(line, line + len);
    all++;
    good += *at == '{' && (snJsonValid(line, len, NULL) ||
        (line[len - 1] == '}' && !snUtfValid(line, len)));
  }
  return good * 2 > all;
}

/* An object that goes over several lines and is whole, or does not end
** within the sample. */
static bool sniffJsonObject(const char *p, size_t n, bool whole) {
  ImportSplit s = {.mode = IMPORT_BY_OBJECT};
  size_t used;
  if (snImportSplit(&s, false, p, n, &used) == IMPORT_CUT_RECORD) {
    return s.newlines && snJsonValid(p, used, NULL);
  }
  return !whole && s.newlines && n > 1 && sniffBlanks(p + 1, p + n)[0] == '"';
}

/* Is it JSON, and how is it cut? */
static bool sniffJson(seine_import *imp, const char *p, size_t n,
    bool whole) {
  const char *end = p + n, *at = sniffBlanks(p, end), *in;
  bool sure = imp->st.format == SEINE_IMPORT_NDJSON;
  imp->split.mode = IMPORT_BY_LINE;
  if (at == end) return sure;
  if (*at == '[') {
    in = sniffBlanks(at + 1, end);
    imp->split.mode = IMPORT_BY_OBJECT;
    if (in < end && *in == '{') return true;
    if (in < end && *in == ']') return sniffBlanks(in + 1, end) == end || sure;
    imp->split.mode = IMPORT_BY_LINE;
    return sure;
  }
  if (sniffJsonLines(p, n, whole)) return true;
  if (*at != '{') return sure;
  if (sniffJsonObject(at, (size_t)(end - at), whole)) {
    imp->split.mode = IMPORT_BY_OBJECT;
    return true;
  }
  /* One line that is longer than the sample. */
  in = sniffBlanks(at + 1, end);
  return sure || (!whole && !memchr(at, '\n', (size_t)(end - at)) &&
      in < end && *in == '"');
}

/* ---- Access logs -------------------------------------------------------- */

static bool sniffAccess(const char *p, size_t n, bool whole) {
  SniffLines s = {p, p + n, whole};
  const char *line;
  size_t len;
  u32 good = 0, all = 0;
  while (all < SNIFF_LINES && sniffLine(&s, &line, &len)) {
    all++;
    good += snImportLogMatch(line, len);
  }
  return good * 2 > all;
}

/* ---- CSV ---------------------------------------------------------------- */

typedef struct SniffCsv {
  u32 fields;        /* of the first record */
  u32 same, all;     /* records */
} SniffCsv;

static u32 sniffCount(const char *p, size_t n, char delim) {
  const char *at = p;
  u32 count = 0;
  size_t len;
  int quoted;
  for (; at; count++) {
    if (!snImportCsvField(&at, p + n, delim, &len, &quoted)) return 0;
  }
  return count;
}

static void sniffCsvTry(const char *p, size_t n, bool whole, char delim,
    SniffCsv *out) {
  ImportSplit s = {.mode = IMPORT_BY_CSV, .delim = delim};
  size_t used, len;
  memset(out, 0, sizeof *out);
  while (n && out->all < SNIFF_LINES) {
    u32 count;
    if (snImportSplit(&s, false, p, n, &used) == IMPORT_CUT_MORE && !whole) {
      break;
    }
    snImportSplitReset(&s);
    len = snImportTrim(&s, p, used);
    count = len ? sniffCount(p, len, delim) : 0;
    if (len && !out->all) out->fields = count;
    out->same += len && count == out->fields;
    out->all += len > 0;
    p += used;
    n -= used;
  }
}

/* Does the first record look like names?  Asked for two fields only, so the
** fields must be words, not the halves of a sentence. */
static bool sniffNames(const char *p, size_t n, char delim) {
  const char *end = memchr(p, '\n', n), *at = p, *text;
  size_t len;
  int quoted;
  if (!end) return false;
  if (end > p && end[-1] == '\r') end--;
  while (at) {
    i64 i;
    double d;
    text = snImportCsvField(&at, end, delim, &len, &quoted);
    if (!text || !len || len > 40 || *text == ' ') return false;
    if (snImportShape(text, (u32)len, &i, &d) != IMPORT_TEXT) return false;
    if (snTimeParse(text, len, &i)) return false;
    if (!quoted && memchr(text, ' ', len)) return false;
  }
  return true;
}

static bool sniffCsv(seine_import *imp, const char *p, size_t n, bool whole) {
  static const char delims[4] = {',', ';', '\t', '|'};
  bool sure = imp->st.format == SEINE_IMPORT_CSV;
  SniffCsv try;
  u32 best = 1;
  imp->split.mode = IMPORT_BY_CSV;
  imp->split.delim = ',';
  for (u32 i = 0; i < 4; i++) {
    sniffCsvTry(p, n, whole, delims[i], &try);
    if (try.fields <= best || try.same * 10 < try.all * 9) continue;
    if (!sure && try.all < 2) continue;
    if (!sure && try.fields == 2 && delims[i] != '\t' &&
        !sniffNames(p, n, delims[i])) {
      continue;
    }
    best = try.fields;
    imp->split.delim = delims[i];
  }
  return sure || best > 1;
}

/* Has the second record a field that no header has?  Then the first one is a
** header, though two of its names may be the same. */
static bool sniffTyped(const seine_import *imp, const char *p, size_t n,
    bool whole) {
  ImportSplit s = imp->split;
  const char *at, *end, *text;
  size_t used, len;
  int quoted;
  i64 i;
  double d;
  if (snImportSplit(&s, false, p, n, &used) == IMPORT_CUT_MORE) return false;
  p += used;
  n -= used;
  snImportSplitReset(&s);
  if (!n) return false;
  if (snImportSplit(&s, false, p, n, &used) == IMPORT_CUT_MORE && !whole) {
    return false;
  }
  end = p + snImportTrim(&s, p, used);
  for (at = p; at;) {
    text = snImportCsvField(&at, end, s.delim, &len, &quoted);
    if (!text) return false;
    if (snImportShape(text, (u32)len, &i, &d) != IMPORT_TEXT) return true;
    if (snTimeParse(text, len, &i)) return true;
  }
  return false;
}

/* ---- The door ----------------------------------------------------------- */

static int sniffAuto(seine_import *imp, const char *p, size_t n, bool whole) {
  if (sniffJson(imp, p, n, whole)) return SEINE_IMPORT_NDJSON;
  imp->split.mode = IMPORT_BY_LINE;
  if (sniffAccess(p, n, whole)) return SEINE_IMPORT_ACCESS;
  if (sniffCsv(imp, p, n, whole)) {
    return imp->split.delim == '\t' ? SEINE_IMPORT_TSV : SEINE_IMPORT_CSV;
  }
  imp->split.mode = IMPORT_BY_LINE;
  return SEINE_IMPORT_LINES;
}

int snImportSniff(seine_import *imp, const char *p, size_t n, bool whole) {
  if (sniffMagic(imp, p, n)) return imp->rc;
  switch (imp->st.format) {
    case SEINE_IMPORT_AUTO:
      imp->st.format = sniffAuto(imp, p, n, whole);
      break;
    case SEINE_IMPORT_NDJSON: sniffJson(imp, p, n, whole); break;
    case SEINE_IMPORT_CSV: sniffCsv(imp, p, n, whole); break;
    case SEINE_IMPORT_TSV:
      imp->split.mode = IMPORT_BY_CSV;
      imp->split.delim = '\t';
      break;
    default: imp->split.mode = IMPORT_BY_LINE; break;
  }
  if (imp->split.mode == IMPORT_BY_CSV) {
    if (imp->scan && imp->scan->delim) imp->split.delim = imp->scan->delim;
    imp->typed = sniffTyped(imp, p, n, whole);
  }
  return imp->rc;
}

#undef SNIFF_LINES
