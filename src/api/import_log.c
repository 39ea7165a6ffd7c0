/*
** import_log: lines: as they are, or the access logs of Apache and nginx.
**
** (1) common:   clientip ident auth [timestamp] "request" response bytes
**     combined: the same, "referrer" "agent".  The names are those that
**     Logstash gives.
** (2) "-" is NULL.  A request that is not METHOD TARGET[ HTTP/VERSION] is
**     kept whole in `request`.
** (3) Inside quotes a backslash hides the byte behind it; escapes stay as
**     they were written.
*/
#include "api/import.h"

typedef struct LogSlice {
  const char *p;
  size_t n;
} LogSlice;

enum {
  LOG_CLIENTIP, LOG_IDENT, LOG_AUTH, LOG_TIMESTAMP, LOG_VERB, LOG_REQUEST,
  LOG_HTTPVERSION, LOG_RESPONSE, LOG_BYTES, LOG_REFERRER, LOG_AGENT, LOG_COUNT
};

static const struct LogField {
  char name[12];
  u8 want;
} logFields[LOG_COUNT] = {
    {"clientip", TYPE_IP},       {"ident", TYPE_KEYWORD},
    {"auth", TYPE_KEYWORD},      {"timestamp", TYPE_TIMESTAMP},
    {"verb", TYPE_KEYWORD},      {"request", TYPE_TEXT},
    {"httpversion", TYPE_KEYWORD}, {"response", TYPE_INTEGER},
    {"bytes", TYPE_INTEGER},     {"referrer", TYPE_KEYWORD},
    {"agent", TYPE_TEXT},
};

/* ---- Pieces ------------------------------------------------------------- */

/* Up to the next blank, which is passed over. */
static bool logWord(const char **at, const char *end, LogSlice *out) {
  const char *p = *at, *q = memchr(p, ' ', (size_t)(end - p));
  *out = (LogSlice){p, (size_t)((q ? q : end) - p)};
  *at = q ? q + 1 : end;
  return out->n > 0;
}

/* "..." and the blank behind it. */
static bool logQuoted(const char **at, const char *end, LogSlice *out) {
  const char *p = *at, *q;
  if (p == end || *p != '"') return false;
  for (q = ++p; q < end && *q != '"'; q++) {
    if (*q == '\\' && q + 1 < end) q++;
  }
  if (q == end) return false;
  *out = (LogSlice){p, (size_t)(q - p)};
  q++;
  if (q < end && *q != ' ') return false;
  *at = q < end ? q + 1 : end;
  return true;
}

static bool logDigits(LogSlice s) {
  if (!s.n || s.n > 18) return false;
  for (size_t i = 0; i < s.n; i++) {
    if ((u8)(s.p[i] - '0') > 9) return false;
  }
  return true;
}

static bool logDash(LogSlice s) { return s.n == 1 && *s.p == '-'; }

/* auth may hold blanks: it ends before " [". */
static bool logAuth(const char **at, const char *end, LogSlice *out) {
  const char *p = *at, *q = p;
  while ((q = memchr(q, '[', (size_t)(end - q))) != NULL) {
    if (q - p > 1 && q[-1] == ' ') break;
    q++;
  }
  if (!q) return false;
  *out = (LogSlice){p, (size_t)(q - 1 - p)};
  *at = q + 1;
  return true;
}

static bool logTime(const char **at, const char *end, LogSlice *out) {
  const char *p = *at, *q = memchr(p, ']', (size_t)(end - p));
  i64 us;
  if (!q || q + 1 >= end || q[1] != ' ') return false;
  *out = (LogSlice){p, (size_t)(q - p)};
  *at = q + 2;
  return snTimeParse(out->p, out->n, &us);
}

static void logRequest(LogSlice all, LogSlice *f) {
  const char *end = all.p + all.n, *p, *q;
  f[LOG_REQUEST] = all;
  p = all.n ? memchr(all.p, ' ', all.n) : NULL;
  if (!p || p == all.p) return;
  for (q = all.p; q < p; q++) {
    if ((u8)((*q | 0x20) - 'a') > 25 && *q != '-' && *q != '_') return;
  }
  q = end;
  while (q > p + 1 && q[-1] != ' ') q--;
  if (q > p + 1 && end - q > 5 && !memcmp(q, "HTTP/", 5)) {
    f[LOG_HTTPVERSION] = (LogSlice){q + 5, (size_t)(end - q - 5)};
    end = q - 1;
  }
  f[LOG_VERB] = (LogSlice){all.p, (size_t)(p - all.p)};
  f[LOG_REQUEST] = (LogSlice){p + 1, (size_t)(end - p - 1)};
}

static bool logAccess(const char *p, size_t n, LogSlice *f) {
  const char *end = p + n;
  LogSlice request;
  memset(f, 0, LOG_COUNT * sizeof *f);
  while (end > p && end[-1] == ' ') end--;
  if (!logWord(&p, end, &f[LOG_CLIENTIP])) return false;
  if (!logWord(&p, end, &f[LOG_IDENT])) return false;
  if (!logAuth(&p, end, &f[LOG_AUTH])) return false;
  if (!logTime(&p, end, &f[LOG_TIMESTAMP])) return false;
  if (!logQuoted(&p, end, &request)) return false;
  logRequest(request, f);
  if (!logWord(&p, end, &f[LOG_RESPONSE])) return false;
  if (!logWord(&p, end, &f[LOG_BYTES])) return false;
  if (!logDigits(f[LOG_RESPONSE]) && !logDash(f[LOG_RESPONSE])) return false;
  if (!logDigits(f[LOG_BYTES]) && !logDash(f[LOG_BYTES])) return false;
  if (p == end) return true;
  return logQuoted(&p, end, &f[LOG_REFERRER]) &&
      logQuoted(&p, end, &f[LOG_AGENT]) && p == end;
}

/* ---- Records ------------------------------------------------------------ */

bool snImportLogMatch(const char *p, size_t n) {
  LogSlice f[LOG_COUNT];
  return logAccess(p, n, f);
}

int snImportLogFields(seine_import *imp) {
  u32 n = imp->st.format == SEINE_IMPORT_LINES ? 1 : LOG_COUNT;
  for (u32 i = 0; i < n; i++) {
    const char *name = n == 1 ? "line" : logFields[i].name;
    if (snImportNewField(imp, name, strlen(name)) == IMPORT_NONE) break;
    imp->field[i].want = n == 1 ? TYPE_TEXT : logFields[i].want;
    imp->field[i].seen = true;
  }
  return imp->rc;
}

static int logCell(seine_import *imp, u32 field, LogSlice s, u8 kind) {
  ImportCell *c = snImportCell(imp, field, s.p ? kind : IMPORT_NULL);
  if (!c) return imp->rc;
  c->p = s.p;
  c->n = (u32)s.n;
  return SEINE_OK;
}

int snImportLog(seine_import *imp, const char *p, u32 n) {
  LogSlice f[LOG_COUNT];
  if (imp->st.format == SEINE_IMPORT_LINES) {
    return logCell(imp, 0, (LogSlice){p, n}, IMPORT_TEXT);
  }
  if (!logAccess(p, n, f)) {
    snImportReason(imp, "not a line of an access log");
    return SEINE_OK;
  }
  for (u32 i = 0; i < LOG_COUNT; i++) {
    u8 kind = logFields[i].want == TYPE_INTEGER ? IMPORT_FIELD : IMPORT_TEXT;
    if (f[i].p && logDash(f[i])) f[i].p = NULL;
    if (logCell(imp, i, f[i], kind)) break;
  }
  return imp->rc;
}
