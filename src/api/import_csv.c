/*
** import_csv: a record of CSV into cells (RFC 4180, any delimiter).
**
** (1) A field begins with a quote or has none that mean anything.  Behind the
**     closing quote nothing but the delimiter may come.
** (2) An empty field without quotes is NULL; "" is the empty text.
** (3) The header names the columns; without one they are c1, c2 ..., or, when
**     the table existed, its columns in their order.
** (4) A record has as many fields as the first one.  More are taken only when
**     they are empty.
*/
#include "api/import.h"

/* Where c is, or NULL.  Fields are short: most end in the first 8 bytes. */
static const char *importCsvFind(const char *p, const char *end, char c) {
  if (end - p >= 8) {
    const u64 ones = 0x0101010101010101u;
    u64 x = snGet64((const u8 *)p) ^ ones * (u8)c;
    u64 zero = (x - ones) & ~x & ones << 7; /* the lowest bit is right */
    if (zero) return p + __builtin_ctzll(zero) / 8;
    p += 8;
  }
  return memchr(p, c, (size_t)(end - p));
}

const char *snImportCsvField(const char **at, const char *end, char delim,
    size_t *n, int *quoted) {
  const char *p = *at, *q;
  *quoted = 0;
  if (p == end || *p != '"') {
    q = importCsvFind(p, end, delim);
    *n = (size_t)((q ? q : end) - p);
    *at = q ? q + 1 : NULL;
    return p;
  }
  *quoted = 1;
  for (q = ++p;; q += 2) {
    q = memchr(q, '"', (size_t)(end - q));
    if (!q) return NULL;
    if (q + 1 == end || q[1] != '"') break;
    *quoted = 2;
  }
  *n = (size_t)(q - p);
  if (q + 1 == end) *at = NULL;
  else if (q[1] == delim) *at = q + 2;
  else return NULL;
  return p;
}

/* The text with each doubled quote once. */
static const char *importCsvSingle(seine_import *imp, const char *p,
    size_t *n) {
  char *to = snImportPad(imp, *n);
  size_t k = 0;
  if (!to) return NULL;
  for (size_t i = 0; i < *n; i++) {
    to[k++] = p[i];
    i += p[i] == '"';
  }
  *n = k;
  return to;
}

static u32 importCsvCount(const char *p, u32 n, char delim) {
  const char *at = p, *end = p + n;
  u32 count = 0;
  size_t len;
  int quoted;
  for (; at; count++) {
    if (!snImportCsvField(&at, end, delim, &len, &quoted)) return 0;
  }
  return count;
}

int snImportCsv(seine_import *imp, const char *p, u32 n) {
  const char *at = p, *end = p + n, *text;
  char delim = imp->split.delim;
  u32 i = 0, extra = 0;
  size_t len;
  int quoted;
  for (; at; i++) {
    ImportCell *c;
    text = snImportCsvField(&at, end, delim, &len, &quoted);
    if (!text) {
      snImportReason(imp, "field %u: text behind a quoted field, or a quote "
          "that is not closed", i + 1);
      return imp->rc;
    }
    if (i >= imp->nfield) {
      extra += len || quoted;
      continue;
    }
    if (quoted == 2) text = importCsvSingle(imp, text, &len);
    c = snImportCell(imp, i, len || quoted ? IMPORT_FIELD : IMPORT_NULL);
    if (!text || !c) return imp->rc;
    c->p = text;
    c->n = (u32)len;
  }
  if (i < imp->nfield || extra) {
    snImportReason(imp, "%u field%s instead of %u", i, i == 1 ? "" : "s",
        imp->nfield);
  }
  return imp->rc;
}

/* ---- The header --------------------------------------------------------- */

static void importCsvTrim(const char **p, size_t *n) {
  while (*n && **p == ' ') ++*p, --*n;
  while (*n && (*p)[*n - 1] == ' ') --*n;
}

static bool importCsvIsName(const char *p, size_t n) {
  ImportCell c;
  u8 ip[16];
  i64 v;
  if (n > 128 || memchr(p, '\n', n)) return false;
  if (snImportShape(p, (u32)n, &c.i, &c.d) != IMPORT_TEXT) return false;
  return !snTimeParse(p, n, &v) && !snIpParse(p, n, ip);
}

/* All names good and distinct.  The first may be empty (a column of row
** names), and those at the end.  When the second record has numbers, a name
** may come twice. */
static bool importCsvNames(const char *p, u32 n, char delim, bool typed,
    StrSet *names) {
  const char *at = p, *end = p + n, *text;
  size_t len;
  u32 known;
  int quoted;
  bool gap = false;
  for (u32 i = 0; at; i++) {
    text = snImportCsvField(&at, end, delim, &len, &quoted);
    if (!text) return false;
    importCsvTrim(&text, &len);
    if (!len) {
      gap = gap || i;
      continue;
    }
    if (gap || !importCsvIsName(text, len)) return false;
    known = names->n;
    snStrSetAdd(names, text, (u32)len);
    if (names->n == known && !typed) return false;
  }
  return names->n > 0;
}

/* Every field of the line is a column of the table that exists. */
static bool importCsvKnown(const seine_import *imp, const char *p, u32 n) {
  const char *at = p, *end = p + n, *text;
  size_t len;
  int quoted;
  if (!imp->tab) return false;
  while (at) {
    text = snImportCsvField(&at, end, imp->split.delim, &len, &quoted);
    if (!text) return false;
    importCsvTrim(&text, &len);
    if (snTableColumn(imp->tab, text, len) < 0) return false;
  }
  return true;
}

static void importCsvNumber(u32 i, char out[32]) {
  out[0] = 'c';
  out[1 + snNumIntText((i64)i + 1, out + 1)] = 0;
}

static int importCsvNameAll(seine_import *imp, const char *p, u32 n) {
  const char *at = p, *end = p + n, *text;
  char number[32];
  size_t len;
  int quoted;
  for (u32 i = 0; at; i++) {
    text = snImportCsvField(&at, end, imp->split.delim, &len, &quoted);
    if (text && quoted == 2) text = importCsvSingle(imp, text, &len);
    if (!text) return imp->rc;
    importCsvTrim(&text, &len);
    importCsvNumber(i, number);
    if (!len) text = number, len = strlen(number);
    if (snImportNewField(imp, text, len) == IMPORT_NONE) return imp->rc;
  }
  return imp->rc;
}

static int importCsvNumberAll(seine_import *imp, u32 count) {
  char number[32];
  for (u32 i = 0; i < count; i++) {
    const char *name = number;
    importCsvNumber(i, number);
    if (imp->tab && i < imp->tab->ncol) name = imp->tab->col[i].name;
    if (snImportNewField(imp, name, strlen(name)) == IMPORT_NONE) break;
  }
  return imp->rc;
}

int snImportCsvHeader(seine_import *imp, const char *p, u32 n,
    bool *is_header) {
  StrSet names;
  u32 count = importCsvCount(p, n, imp->split.delim);
  *is_header = false;
  if (!count) {
    snImportReason(imp, "the first line has a quote that is not closed");
    return imp->rc;
  }
  if (count > IMPORT_COLUMNS) {
    return snImportFail(imp, snDbError(imp->db, SEINE_TOOBIG,
        "the first line has %u fields; a table has at most %u columns", count,
        IMPORT_COLUMNS));
  }
  snStrSetInit(&names, imp->budget);
  if (imp->scan && imp->scan->header >= 0)
    *is_header = imp->scan->header;
  else
    *is_header = importCsvKnown(imp, p, n) ||
        importCsvNames(p, n, imp->split.delim, imp->typed, &names);
  if (names.rc) snImportFail(imp, names.rc);
  snStrSetClear(&names);
  if (imp->rc) return imp->rc;
  imp->header = true;
  if (*is_header) importCsvNameAll(imp, p, n);
  else importCsvNumberAll(imp, count);
  for (u32 i = 0; i < imp->nfield; i++) imp->field[i].seen = true;
  return imp->rc;
}
