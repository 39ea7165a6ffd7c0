/*
** cut_test: seine_import_feed() promises that any cut of the input into pieces
** gives the same rows.  What the rows are is written here by hand, or made
** together with the input; each piece lies in memory of its own, so that a
** checker sees a read beyond it.
**   1. short inputs, whole, and cut at each place in two
**   2. the same in three, and byte by byte with empty pieces between
**   3. CSV and TSV from a model: quotes, line ends, blank and bad lines
**   4. NDJSON and a JSON array from a model: escapes, blanks, bad lines
**   5. cuts around the end of the sample that tells the format
*/
#include "base/base.h"
#include "seine.h"

static int test_count, test_failed;

static bool cutOk(bool ok, const char *name) {
  printf("%sok %d - %s\n", ok ? "" : "not ", ++test_count, name);
  test_failed += !ok;
  return ok;
}

static u64 cut_seed;

static u32 cutRandom(u32 below) {
  cut_seed ^= cut_seed << 13;
  cut_seed ^= cut_seed >> 7;
  cut_seed ^= cut_seed << 17;
  return (u32)((cut_seed * 0x2545f4914f6cdd1dull) >> 33) % below;
}

/* ---- Loading and reading back ------------------------------------------- */

static seine *db;

static void cutOpen(void) {
  seine_close(db);
  if (!seine_open(":memory:", &db)) return;
  printf("Bail out! no database: %s\n", seine_errmsg(db));
  exit(1);
}

static int cutFeed(seine_import *imp, const char *p, size_t n) {
  char *copy = malloc(n ? n : 1);
  int rc;
  if (!copy) exit(1);
  memcpy(copy, p, n);
  rc = seine_import_feed(imp, copy, n);
  memset(copy, '#', n); /* what was fed must not be needed any more */
  free(copy);
  return rc;
}

/* Each value as ~ or [bytes]text, so that no text looks like two. */
static void cutValue(Buf *b, const char *p, size_t n) {
  if (!p) {
    snBufStr(b, "~ ");
    return;
  }
  snBufPrintf(b, "[%u]", (u32)n);
  snBufAdd(b, p, n);
  snBufByte(b, ' ');
}

static void cutRows(const char *sql, bool names, Buf *b) {
  seine_stmt *st = NULL;
  int rc, k;
  if (seine_prepare_v2(db, sql, -1, &st, NULL)) return;
  k = seine_column_count(st);
  for (int i = 0; names && i < k; i++) {
    snBufPrintf(b, "%s%s %s", i ? "," : "", seine_column_name(st, i),
        seine_column_decltype(st, i));
  }
  if (names) snBufByte(b, '\n');
  while ((rc = seine_step(st)) == SEINE_ROW) {
    for (int i = 0; i < k; i++) {
      const char *p = seine_column_text(st, i);
      if (!names) {
        cutValue(b, p, (size_t)seine_column_bytes(st, i));
      } else {
        if (i) snBufByte(b, '|');
        if (p) snBufAdd(b, p, (size_t)seine_column_bytes(st, i));
        else snBufByte(b, '~');
      }
    }
    snBufByte(b, '\n');
  }
  if (rc != SEINE_DONE) snBufPrintf(b, "error: %s\n", seine_errmsg(db));
  seine_finalize(st);
}

/* Loads p in pieces that end at the places of cut[], which ascend. */
static void cutLoad(const char *p, size_t n, int format, const size_t *cut,
    u32 ncut, seine_import_stats *s) {
  seine_import *imp = NULL;
  size_t from = 0;
  int rc;
  cutOpen();
  memset(s, 0, sizeof *s);
  rc = seine_import_begin(db, "t", format, &imp);
  for (u32 i = 0; !rc && i <= ncut; i++) {
    size_t to = i < ncut ? cut[i] : n;
    rc = cutFeed(imp, p + from, to - from);
    from = to;
  }
  if (imp) rc = seine_import_end(imp, rc == SEINE_OK, s);
  if (rc) printf("# load: %d %s\n", rc, seine_errmsg(db));
}

/* ---- 1, 2. Short inputs ------------------------------------------------- */

typedef struct CutCase {
  const char *name;
  int format;
  const char *in, *want; /* names and types, rows; then the rejects */
} CutCase;

#define REJECTS "line INTEGER,reason KEYWORD,text TEXT\n"
#define BOM "\xef\xbb\xbf"
#define LOG "clientip IP,ident KEYWORD,auth KEYWORD,timestamp TIMESTAMP," \
    "verb KEYWORD,request TEXT,httpversion KEYWORD,response INTEGER," \
    "bytes INTEGER,referrer KEYWORD,agent TEXT\n"

static const CutCase cut_cases[] = {
  {"csv: a quote, a comma and a line end inside quotes", SEINE_IMPORT_CSV,
    "a,b\r\n1,\"x,\"\"\r\ny\"\r\n2,\"\"\"\"\r\n",
    "a INTEGER,b KEYWORD\n1|x,\"\r\ny\n2|\"\n"},
  {"csv: empty, quoted empty, blank", SEINE_IMPORT_CSV,
    "a,b\n1,\n2,\"\"\n3, \n", "a INTEGER,b KEYWORD\n1|~\n2|\n3| \n"},
  {"csv: blank lines of both kinds", SEINE_IMPORT_CSV,
    "a,b\n\n1,x\n\r\n\n2,y", "a INTEGER,b KEYWORD\n1|x\n2|y\n"},
  {"csv: a byte order mark before a quoted header", SEINE_IMPORT_AUTO,
    BOM "\"id\",\"v\"\n1,\"a\"\n", "id INTEGER,v KEYWORD\n1|a\n"},
  {"csv: lines are counted inside quotes too", SEINE_IMPORT_CSV,
    "a,b\n1,\"x\n\n\"\n2,y,z\n3,\"p\"q\n4,w\n",
    "a INTEGER,b KEYWORD\n1|x\n\n\n4|w\n" REJECTS
    "5|3 fields instead of 2|2,y,z\n6|field 2: text behind a quoted field, or "
    "a quote that is not closed|3,\"p\"q\n"},
  {"csv: semicolons, quotes inside a bare field", SEINE_IMPORT_AUTO,
    "id;size;x\n1;5\" disk;a\n2;6\"\";b\n",
    "id INTEGER,size KEYWORD,x KEYWORD\n1|5\" disk|a\n2|6\"\"|b\n"},
  {"csv: a quote that is never closed", SEINE_IMPORT_CSV,
    "a,b\n1,x\n2,\"y\n3,z\n",
    "a INTEGER,b KEYWORD\n1|x\n3|z\n" REJECTS "3|field 2: text behind a "
    "quoted field, or a quote that is not closed|2,\"y\n"},
  {"tsv: commas are text, quotes close over a line", SEINE_IMPORT_AUTO,
    "k\tv\n1\ta,b\n2\t\"c\td\ne\"\n",
    "k INTEGER,v KEYWORD\n1|a,b\n2|c\td\ne\n"},
  {"csv: characters of two, three and four bytes", SEINE_IMPORT_CSV,
    "k,v\n1,\xc3\xa9\n2,\xe6\x97\xa5\xe6\x9c\xac\n3,\xf0\x9f\x98\x80\n",
    "k INTEGER,v KEYWORD\n1|\xc3\xa9\n2|\xe6\x97\xa5\xe6\x9c\xac\n"
    "3|\xf0\x9f\x98\x80\n"},
  {"ndjson: an escape of each kind", SEINE_IMPORT_NDJSON,
    "{\"v\":\"\\u00e9\\ud83d\\ude00\\\\\\\"\\/\\t\"}\n{\"v\":\"}\\n{\"}\n",
    "v KEYWORD\n\xc3\xa9\xf0\x9f\x98\x80\\\"/\t\n}\n{\n"},
  {"ndjson: line ends, blank lines, bad lines, no end", SEINE_IMPORT_NDJSON,
    "{\"a\":1}\r\n\r\n\n{\"a\":2\n7\n{\"a\":3}",
    "a INTEGER\n1\n3\n" REJECTS "4|an object does not end at byte 7|{\"a\":2\n"
    "5|not a JSON object|7\n"},
  {"ndjson: a byte order mark, raw characters", SEINE_IMPORT_AUTO,
    BOM "{\"k\xc3\xa9\":\"\xe6\x97\xa5\"}\n{\"k\xc3\xa9\":null}\n",
    "k\xc3\xa9 KEYWORD\n\xe6\x97\xa5\n~\n"},
  {"an array of objects over lines", SEINE_IMPORT_AUTO,
    "[\n{\"a\":\"]}\\\"\",\n \"b\":[1,\n2]},\r\n{\"a\":\"y\"} ]\n",
    "a KEYWORD,b INTEGER[]\n]}\"|[1,2]\ny|~\n"},
  {"numbers that a cut could split", SEINE_IMPORT_NDJSON,
    "{\"a\":-12.5e+1,\"b\":true,\"c\":123456789012345678}\n",
    "a REAL,b BOOLEAN,c INTEGER\n-125.0|true|123456789012345678\n"},
  {"lines: a CR inside is kept, at the end is not", SEINE_IMPORT_LINES,
    "a\rb\r\n\n\"c\n d", "line TEXT\na\rb\n\n\"c\n d\n"},
  {"access: quotes behind backslashes, a bad line", SEINE_IMPORT_ACCESS,
    "::1 - u [17/May/2015:10:05:43 +0200] \"GET /\\\"a HTTP/1.1\" 200 7 \"-\" "
    "\"M \\\"q\\\"\"\r\nbad \xc3\xa9\n",
    LOG "::1|~|u|2015-05-17 08:05:43|GET|/\\\"a|1.1|200|7|~|M \\\"q\\\"\n"
    REJECTS "2|not a line of an access log|bad \xc3\xa9\n"},
};

static void cutDump(Buf *b) {
  b->n = 0;
  cutRows("SELECT * FROM t ORDER BY rowid", true, b);
  cutRows("SELECT * FROM t_rejects ORDER BY line", true, b);
  snBufText(b);
}

static bool cutSame(const CutCase *c, const size_t *cut, u32 ncut, Buf *b) {
  seine_import_stats s;
  size_t n = strlen(c->in);
  cutLoad(c->in, n, c->format, cut, ncut, &s);
  cutDump(b);
  if (!strcmp((const char *)b->data, c->want) && s.bytes == (i64)n &&
      s.lines == s.rows + s.rejects) {
    return true;
  }
  printf("# %s: %u cuts, the first at %u, the last at %u, got\n# %s\n",
      c->name, ncut, ncut ? (u32)cut[0] : 0, ncut ? (u32)cut[ncut - 1] : 0,
      b->data);
  return false;
}

static bool cutEachByte(const CutCase *c, Buf *b) {
  size_t n = strlen(c->in), *cut = malloc(2 * n * sizeof *cut);
  bool ok;
  if (!cut) exit(1);
  for (size_t i = 0; i < 2 * n; i++) cut[i] = i / 2;
  ok = cutSame(c, cut, (u32)(2 * n), b);
  free(cut);
  return ok;
}

static void cutShort(void) {
  Buf b;
  snBufInit(&b, NULL);
  cut_seed = 20260103;
  for (u32 i = 0; i < SN_COUNT(cut_cases); i++) {
    const CutCase *c = &cut_cases[i];
    size_t n = strlen(c->in), cut[2];
    bool ok = cutSame(c, NULL, 0, &b);
    for (cut[0] = 0; ok && cut[0] <= n; cut[0]++) ok = cutSame(c, cut, 1, &b);
    for (int k = 0; ok && k < 30; k++) {
      cut[0] = cutRandom((u32)n);
      cut[1] = cut[0] + cutRandom((u32)(n - cut[0]) + 1);
      ok = cutSame(c, cut, 2, &b);
    }
    cutOk(ok && cutEachByte(c, &b), c->name);
  }
  snBufClear(&b);
}

/* ---- Models ------------------------------------------------------------- */

typedef struct CutModel {
  Buf in;       /* the input */
  Buf rows;     /* what cutRows() must say of t */
  Buf rejects;  /* ... and of line and text of t_rejects */
  u32 line;     /* lines written */
  i64 nrow, nreject;
  char delim;
} CutModel;

static const char *const cut_atoms[] = {"x", "two words", "\"", "\"\"", "'",
  ",", ";", "\t", "|", "\n", "\r\n", "\r", " ", "\\", "{", "}", "[", "]", "\\n",
  "\xc3\xa9", "e\xcc\x81", "\xe6\x97\xa5\xe6\x9c\xac", "\xf0\x9f\x98\x80",
  "\xef\xbb\xbf", "\x7f", "\x01", "null", "\xe2\x80\xa8"};

static void cutText(Buf *b) {
  b->n = 0;
  snBufByte(b, 'v'); /* neither a number nor a date */
  for (u32 k = cutRandom(5); k; k--) {
    snBufStr(b, cut_atoms[cutRandom(SN_COUNT(cut_atoms))]);
  }
  if (cutRandom(50) == 0) {
    for (u32 k = 0; k < 400; k++) snBufStr(b, "\xe6\x97\xa5");
  }
  snBufText(b);
}

static void cutWrite(CutModel *m, const char *p, size_t n) {
  snBufAdd(&m->in, p, n);
  for (size_t i = 0; i < n; i++) m->line += p[i] == '\n';
}

static void cutModelInit(CutModel *m, char delim) {
  memset(m, 0, sizeof *m);
  snBufInit(&m->in, NULL);
  snBufInit(&m->rows, NULL);
  snBufInit(&m->rejects, NULL);
  m->delim = delim;
}

static void cutModelClear(CutModel *m) {
  snBufClear(&m->in);
  snBufClear(&m->rows);
  snBufClear(&m->rejects);
}

static void cutEnd(CutModel *m) {
  do {
    u32 bare = cutRandom(2);
    cutWrite(m, &"\r\n"[bare], 2 - bare);
  } while (cutRandom(8) == 0);
}

/* A line that nobody can read; it holds no line end. */
static void cutBad(CutModel *m, const char *text) {
  char line[24];
  snprintf(line, sizeof line, "%u", m->line + 1);
  cutValue(&m->rejects, line, strlen(line));
  cutValue(&m->rejects, text, strlen(text));
  snBufByte(&m->rejects, '\n');
  cutWrite(m, text, strlen(text));
  m->nreject++;
}

static bool cutSameBytes(const Buf *got, const Buf *want, const char *what) {
  size_t i = 0;
  if (got->n == want->n && !memcmp(got->data, want->data, got->n)) return true;
  while (i < got->n && i < want->n && got->data[i] == want->data[i]) i++;
  i = i > 60 ? i - 60 : 0;
  printf("# %s differ:\n# want: %.120s\n# got:  %.120s\n", what,
      i < want->n ? (const char *)want->data + i : "",
      i < got->n ? (const char *)got->data + i : "");
  return false;
}

static bool cutModelSame(CutModel *m, int format, const size_t *cut,
    u32 ncut) {
  seine_import_stats s;
  Buf got;
  bool ok;
  snBufInit(&got, NULL);
  snBufText(&m->rows);
  snBufText(&m->rejects);
  cutLoad((const char *)m->in.data, m->in.n, format, cut, ncut, &s);
  ok = s.rows == m->nrow && s.rejects == m->nreject &&
      s.bytes == (i64)m->in.n && s.lines == m->nrow + m->nreject;
  if (!ok) {
    printf("# %d rows of %d, %d rejects of %d\n", (int)s.rows, (int)m->nrow,
        (int)s.rejects, (int)m->nreject);
  }
  cutRows("SELECT id, a, b, c FROM t ORDER BY rowid", false, &got);
  ok = cutSameBytes(&got, &m->rows, "rows") && ok;
  got.n = 0;
  cutRows("SELECT line, text FROM t_rejects ORDER BY line", false, &got);
  ok = cutSameBytes(&got, &m->rejects, "rejects") && ok;
  snBufClear(&got);
  return ok;
}

/* Whole, then in pieces of many sizes. */
static void cutModelRun(CutModel *m, int format, const char *name) {
  static const u32 most[] = {3000, 9, 400, 20000};
  size_t *cut = malloc((m->in.n + 1) * sizeof *cut);
  bool ok = cutModelSame(m, format, NULL, 0);
  if (!cut) exit(1);
  for (u32 k = 0; ok && k < SN_COUNT(most); k++) {
    u32 n = 0;
    for (size_t at = cutRandom(most[k]); at < m->in.n && n < m->in.n;) {
      cut[n++] = at;
      at += cutRandom(most[k]); /* 0: an empty piece */
    }
    ok = cutModelSame(m, format, cut, n);
    if (!ok) printf("# pieces below %u bytes\n", most[k]);
  }
  cutOk(ok, name);
  free(cut);
}

/* ---- 3. CSV ------------------------------------------------------------- */

/* May stand without quotes: no delimiter, no line end, no quote in front.  CR
** is quoted, since at the end of a line it belongs to the line end. */
static bool cutBare(const Buf *b, char delim) {
  return b->data[0] != '"' && !memchr(b->data, delim, b->n) &&
      !memchr(b->data, '\n', b->n) && !memchr(b->data, '\r', b->n);
}

static void cutCsvField(CutModel *m, const Buf *b) {
  if (cutBare(b, m->delim) && cutRandom(4)) {
    cutWrite(m, (const char *)b->data, b->n);
    return;
  }
  cutWrite(m, "\"", 1);
  for (size_t i = 0; i < b->n; i++) {
    cutWrite(m, (const char *)b->data + i, 1);
    if (b->data[i] == '"') cutWrite(m, "\"", 1);
  }
  cutWrite(m, "\"", 1);
}

static void cutCsv(CutModel *m, u32 rows) {
  char text[40];
  Buf b;
  snBufInit(&b, NULL);
  snprintf(text, sizeof text, "id%ca%cb%cc\n", m->delim, m->delim, m->delim);
  cutWrite(m, text, strlen(text));
  for (u32 i = 0; i < rows; i++) {
    if (i > 20 && cutRandom(40) == 0) {
      if (cutRandom(2)) snprintf(text, sizeof text, "7%cx", m->delim);
      else snprintf(text, sizeof text, "8%c\"x\"y%c%c", m->delim, m->delim,
          m->delim);
      cutBad(m, text);
      cutEnd(m);
      continue;
    }
    snprintf(text, sizeof text, "%u", i);
    cutWrite(m, text, strlen(text));
    cutValue(&m->rows, text, strlen(text));
    for (u32 k = 0; k < 3; k++) {
      u32 kind = cutRandom(10);
      cutWrite(m, &m->delim, 1);
      cutText(&b);
      if (kind == 0) {
        cutValue(&m->rows, NULL, 0);
        continue;
      }
      if (kind == 1) b.n = 0;
      if (b.n) cutCsvField(m, &b);
      else cutWrite(m, "\"\"", 2);
      cutValue(&m->rows, (const char *)b.data, b.n);
    }
    snBufByte(&m->rows, '\n');
    m->nrow++;
    cutEnd(m);
  }
  snBufClear(&b);
}

/* ---- 4. JSON ------------------------------------------------------------ */

static void cutJsonText(CutModel *m, const Buf *b) {
  char hex[16];
  cutWrite(m, "\"", 1);
  for (size_t i = 0; i < b->n; i++) {
    u8 c = b->data[i];
    if (c == '"' || c == '\\' || c < ' ' || (c < 0x80 && !cutRandom(6))) {
      bool brief = (c == '"' || c == '\\') && cutRandom(2);
      if (brief) snprintf(hex, sizeof hex, "\\%c", c);
      else snprintf(hex, sizeof hex, "\\u%04x", c);
      cutWrite(m, hex, strlen(hex));
    } else if (c == 0xf0 && cutRandom(2)) { /* the only one of four bytes */
      cutWrite(m, "\\uD83D\\ude00", 12);
      i += 3;
    } else {
      cutWrite(m, (const char *)b->data + i, 1);
    }
  }
  cutWrite(m, "\"", 1);
}

/* One object; with lines, its blanks may be line ends. */
static void cutJsonRow(CutModel *m, u32 id, bool lines, Buf *b) {
  static const char *const blank[] = {"", "", "", " ", "\t", "\n", "\r\n"};
  u32 most = lines ? 7 : 5;
  char text[40];
  snprintf(text, sizeof text, "{%s\"id\":%s%u", blank[cutRandom(most)],
      blank[cutRandom(most)], id);
  cutWrite(m, text, strlen(text));
  snprintf(text, sizeof text, "%u", id);
  cutValue(&m->rows, text, strlen(text));
  for (u32 k = 0; k < 3; k++) {
    u32 kind = cutRandom(10);
    cutText(b);
    if (kind > 1) {
      cutValue(&m->rows, (const char *)b->data, b->n);
    } else {
      cutValue(&m->rows, NULL, 0);
      if (kind) continue; /* the name is left out */
    }
    snprintf(text, sizeof text, "%s,\"%c\"%s:", blank[cutRandom(most)],
        'a' + (char)k, blank[cutRandom(most)]);
    cutWrite(m, text, strlen(text));
    if (kind) cutJsonText(m, b);
    else cutWrite(m, "null", 4);
  }
  cutWrite(m, "}", 1);
  snBufByte(&m->rows, '\n');
  m->nrow++;
}

static void cutJson(CutModel *m, u32 rows, bool array) {
  static const char *const bad[] = {"{\"id\":1", "[1]", "x{",
      "{\"a\":\"\\q\"}"};
  Buf b;
  snBufInit(&b, NULL);
  if (array) cutWrite(m, "[ ", 2);
  for (u32 i = 0; i < rows; i++) {
    if (!array && i > 20 && cutRandom(40) == 0) {
      cutBad(m, bad[cutRandom(4)]);
      cutEnd(m);
    }
    if (array && i) cutWrite(m, ",", 1);
    cutJsonRow(m, i, array, &b);
    if (!array || cutRandom(2)) cutEnd(m);
  }
  if (array) cutWrite(m, "]\n", 2);
  snBufClear(&b);
}

static void cutModels(void) {
  static const struct {
    const char *name;
    int format;
    char delim; /* 0: JSON */
    bool array;
  } kinds[] = {
      {"model: csv", SEINE_IMPORT_CSV, ',', false},
      {"model: csv with |, guessed", SEINE_IMPORT_AUTO, '|', false},
      {"model: tsv", SEINE_IMPORT_TSV, '\t', false},
      {"model: ndjson", SEINE_IMPORT_NDJSON, 0, false},
      {"model: an array of objects, guessed", SEINE_IMPORT_AUTO, 0, true},
  };
  CutModel m;
  for (u32 i = 0; i < SN_COUNT(kinds); i++) {
    cut_seed = 77 + i;
    cutModelInit(&m, kinds[i].delim);
    if (m.delim) cutCsv(&m, 1200);
    else cutJson(&m, 1200, kinds[i].array);
    cutModelRun(&m, kinds[i].format, kinds[i].name);
    cutModelClear(&m);
  }
}

/* ---- 5. The end of the sample ------------------------------------------- */

/* The format is told by the first 64 KiB: pieces that end there, or a few
** bytes beside, inside a character, a quote or a line end. */
static void cutSample(void) {
  CutModel m;
  bool ok = true;
  cut_seed = 4711;
  cutModelInit(&m, ',');
  cutCsv(&m, 2000);
  if (!cutOk(m.in.n > 66000, "an input beyond the sample")) return;
  for (size_t at = 65530; ok && at < 65544; at++) {
    size_t cut[3] = {at, at, at + 1};
    ok = cutModelSame(&m, SEINE_IMPORT_AUTO, cut, 3);
    if (!ok) printf("# cut at %u\n", (u32)at);
  }
  cutOk(ok, "cuts around 64 KiB");
  cutModelClear(&m);
}

int main(void) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  cutShort();
  cutModels();
  cutSample();
  seine_close(db);
  printf("1..%d\n", test_count);
  return test_failed != 0;
}
