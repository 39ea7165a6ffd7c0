/*
** type.c: the types of the language: their names, what holds a value, text
** to value and back, and arrays in bytes.
**
** (1) An array: element type (1 byte, below TYPE_COUNT, never NULL nor an
**     array), varint count, then per element a tag (0 null, 1 value) and for
**     a value 8 bytes (an i64 or a double) or varint length + bytes.
** (2) Bytes are hostile: ArrayIter reads inside [p, p+n) and sets bad.
** (3) Text is read strictly: what does not fit its type is no value, and the
**     caller widens, refuses or gives NULL.
** (4) Where text is appended to a Buf, want of memory shows in its rc.
** (5) GEOPOINT: latitude within 90, longitude within 180 degrees.
*/
#include "schema/schema.h"

#define TYPE_GEO_ONE 10000000 /* a degree */

/* ---- Names -------------------------------------------------------------- */

static const char typeNames[TYPE_COUNT][10] = {"NULL", "BOOLEAN", "INTEGER",
    "REAL", "TEXT", "KEYWORD", "TIMESTAMP", "DATE", "IP", "GEOPOINT", "JSON",
    "BLOB", "INTERVAL"};

static const struct TypeAlias {
  char name[28];
  u8 type;
} typeAliases[] = {
    {"INT", TYPE_INTEGER},
    {"BIGINT", TYPE_INTEGER},
    {"SMALLINT", TYPE_INTEGER},
    {"TINYINT", TYPE_INTEGER},
    {"MEDIUMINT", TYPE_INTEGER},
    {"LONG", TYPE_INTEGER},
    {"SHORT", TYPE_INTEGER},
    {"BYTE", TYPE_INTEGER},
    {"INT2", TYPE_INTEGER},
    {"INT4", TYPE_INTEGER},
    {"INT8", TYPE_INTEGER},
    {"INT64", TYPE_INTEGER},
    {"INT32", TYPE_INTEGER},
    {"DOUBLE", TYPE_REAL},
    {"DOUBLE PRECISION", TYPE_REAL},
    {"FLOAT", TYPE_REAL},
    {"FLOAT4", TYPE_REAL},
    {"FLOAT8", TYPE_REAL},
    {"NUMERIC", TYPE_REAL},
    {"DECIMAL", TYPE_REAL},
    {"VARCHAR", TYPE_TEXT},
    {"CHAR", TYPE_TEXT},
    {"CHARACTER", TYPE_TEXT},
    {"CHARACTER VARYING", TYPE_TEXT},
    {"NVARCHAR", TYPE_TEXT},
    {"STRING", TYPE_TEXT},
    {"CLOB", TYPE_TEXT},
    {"BOOL", TYPE_BOOLEAN},
    {"DATETIME", TYPE_TIMESTAMP},
    {"TIMESTAMPTZ", TYPE_TIMESTAMP},
    {"TIMESTAMP WITH TIME ZONE", TYPE_TIMESTAMP},
    {"TIMESTAMP WITHOUT TIME ZONE", TYPE_TIMESTAMP},
    {"TIMESTAMP_NTZ", TYPE_TIMESTAMP},
    {"INET", TYPE_IP},
    {"IPADDRESS", TYPE_IP},
    {"GEO_POINT", TYPE_GEOPOINT},
    {"POINT", TYPE_GEOPOINT},
    {"JSONB", TYPE_JSON},
    {"OBJECT", TYPE_JSON},
    {"BINARY", TYPE_BLOB},
    {"VARBINARY", TYPE_BLOB},
    {"BYTEA", TYPE_BLOB},
    {"BYTES", TYPE_BLOB},
};

Form snTypeForm(u8 type) {
  switch (type) {
    case TYPE_BOOLEAN: case TYPE_INTEGER: case TYPE_TIMESTAMP: case TYPE_DATE:
    case TYPE_GEOPOINT: case TYPE_NULL: return FORM_INT;
    case TYPE_REAL: return FORM_REAL;
    default: return FORM_STR;
  }
}

const char *snTypeName(u8 type, char out[24]) {
  u8 one = type & (u8)~TYPE_ARRAY;
  snprintf(out, 24, "%s%s", one < TYPE_COUNT ? typeNames[one] : "?",
      type & TYPE_ARRAY ? "[]" : "");
  return out;
}

static const char *const typeCollations[] = {"", "BINARY", "NOCASE", "RTRIM"};

const char *snTypeCollationName(u8 collation) {
  return typeCollations[collation];
}

u8 snTypeCollation(const char *p, size_t n) {
  for (u8 k = COLLATE_BINARY; k < SN_COUNT(typeCollations); k++)
    if (snAsciiEq(typeCollations[k], strlen(typeCollations[k]), p, n))
      return k;
  return COLLATE_NONE;
}

static bool typeBlank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void typeTrim(const char **p, size_t *n) {
  while (*n && typeBlank(**p)) ++*p, --*n;
  while (*n && typeBlank((*p)[*n - 1])) --*n;
}

/* Copies a name with single blanks and without "(20)"; its length, or 0. */
static size_t typePlainName(const char *p, size_t n, char out[32]) {
  size_t k = 0;
  bool gap = false;
  for (size_t i = 0; i < n; i++) {
    if (p[i] == '(') {
      const char *to = memchr(p + i, ')', n - i);
      if (!to) return 0;
      i = (size_t)(to - p);
      gap = true;
      continue;
    }
    if (typeBlank(p[i])) {
      gap = true;
      continue;
    }
    if (k > 29) return 0;
    if (gap && k) out[k++] = ' ';
    gap = false;
    out[k++] = p[i];
  }
  return k;
}

static u8 typeParseOne(const char *p, size_t n) {
  char name[32];
  n = typePlainName(p, n, name);
  if (!n) return TYPE_NULL;
  for (u8 t = TYPE_BOOLEAN; t < TYPE_INTERVAL; t++) {
    if (snAsciiEq(name, n, typeNames[t], strlen(typeNames[t]))) return t;
  }
  for (u32 i = 0; i < SN_COUNT(typeAliases); i++) {
    const struct TypeAlias *a = &typeAliases[i];
    if (snAsciiEq(name, n, a->name, strlen(a->name))) return a->type;
  }
  return TYPE_NULL;
}

u8 snTypeParse(const char *p, size_t n) {
  u8 flag = 0, type;
  typeTrim(&p, &n);
  if (n > 2 && p[n - 1] == ']') {
    for (n--; n && typeBlank(p[n - 1]); n--) continue;
    if (!n || p[--n] != '[') return TYPE_NULL;
    flag = TYPE_ARRAY;
  } else if (n > 7 && snAsciiEq(p, 6, "ARRAY<", 6) && p[n - 1] == '>') {
    p += 6;
    n -= 7;
    flag = TYPE_ARRAY;
  }
  type = typeParseOne(p, n);
  return type ? type | flag : TYPE_NULL;
}

bool snTypeIsNumber(u8 type) {
  return type == TYPE_INTEGER || type == TYPE_REAL;
}

bool snTypeIsString(u8 type) {
  return type == TYPE_TEXT || type == TYPE_KEYWORD || type == TYPE_JSON;
}

/* ---- Arrays in bytes ---------------------------------------------------- */

void snArrayBegin(Buf *b, u8 elem_type, u32 count) {
  snBufByte(b, elem_type);
  snBufVarint(b, count);
}

void snArrayInt(Buf *b, i64 v) {
  snBufByte(b, 1);
  snBufU64(b, (u64)v);
}

void snArrayReal(Buf *b, double v) {
  u64 bits;
  memcpy(&bits, &v, 8);
  snBufByte(b, 1);
  snBufU64(b, bits);
}

void snArrayStr(Buf *b, const void *p, u32 n) {
  snBufByte(b, 1);
  snBufVarint(b, n);
  snBufAdd(b, p, n);
}

void snArrayNull(Buf *b) { snBufByte(b, 0); }

void snArrayOpen(ArrayIter *it, const u8 *p, u32 n) {
  it->rd = (Rd){p, n ? p + n : p, false};
  it->type = snRdByte(&it->rd);
  it->left = snRdU32v(&it->rd);
  it->bad = it->rd.bad || it->type == TYPE_NULL || it->type >= TYPE_INTERVAL ||
      it->left > (size_t)(it->rd.end - it->rd.p);
  if (it->bad) it->left = 0;
}

bool snArrayNext(ArrayIter *it, ArrayItem *out) {
  u64 bits;
  u8 tag;
  *out = (ArrayItem){.null = true};
  if (it->bad || !it->left) return false;
  it->left--;
  tag = snRdByte(&it->rd);
  if (tag > 1) it->rd.bad = true;
  if (tag == 1 && snTypeForm(it->type) == FORM_STR) {
    out->n = snRdU32v(&it->rd);
    out->p = snRdBytes(&it->rd, out->n);
  } else if (tag == 1) {
    bits = snRd64(&it->rd);
    if (it->type == TYPE_REAL) memcpy(&out->d, &bits, 8);
    else out->i = (i64)bits;
  }
  out->null = tag != 1;
  it->bad = it->rd.bad;
  if (it->bad) *out = (ArrayItem){.null = true};
  return !it->bad;
}

/* ---- Value to text ------------------------------------------------------ */

/* v / 10^7 with as many decimals as it needs. */
static u32 typeGeoDegrees(i32 v, char *out) {
  u32 a = v < 0 ? 0 - (u32)v : (u32)v, n = 0, part = a % TYPE_GEO_ONE;
  if (v < 0) out[n++] = '-';
  n += snNumIntText(a / TYPE_GEO_ONE, out + n);
  if (part) {
    out[n++] = '.';
    for (u32 unit = TYPE_GEO_ONE / 10; part; part %= unit, unit /= 10) {
      out[n++] = (char)('0' + part / unit);
      if (unit == 1) break;
    }
  }
  return n;
}

static u32 typeGeoText(i64 v, char *out) {
  u32 n = typeGeoDegrees((i32)(u32)((u64)v >> 32), out);
  out[n++] = ',';
  return n + typeGeoDegrees((i32)(u32)v, out + n);
}

void snTypeIntText(Buf *b, u8 type, i64 v) {
  char tmp[64];
  u32 n;
  switch (type) {
    case TYPE_BOOLEAN:
      snBufStr(b, v ? "true" : "false");
      return;
    case TYPE_TIMESTAMP: n = snTimeText(v, tmp); break;
    case TYPE_DATE: n = snDateText(v, tmp); break;
    case TYPE_GEOPOINT: n = typeGeoText(v, tmp); break;
    default: n = snNumIntText(v, tmp); break;
  }
  snBufAdd(b, tmp, n);
}

static void typeIntervalText(Buf *b, const u8 *p) {
  Interval w;
  memcpy(&w, p, sizeof w);
  if (w.months) {
    snBufPrintf(b, "%lld month%s", (long long)w.months,
        w.months == 1 || w.months == -1 ? "" : "s");
  }
  if (w.us || !w.months) {
    bool whole = !(w.us % 1000000);
    i64 v = whole ? w.us / 1000000 : w.us;
    snBufPrintf(b, "%s%lld %ssecond%s", w.months ? " " : "", (long long)v,
        whole ? "" : "micro", v == 1 || v == -1 ? "" : "s");
  }
}

/* An element as JSON.  There is no JSON for what is not finite. */
static void typeItemJson(Buf *b, u8 type, const ArrayItem *x) {
  char tmp[64];
  u32 n;
  if (x->null || (type == TYPE_REAL && !isfinite(x->d))) {
    snBufStr(b, "null");
    return;
  }
  switch (type) {
    case TYPE_BOOLEAN: case TYPE_INTEGER: snTypeIntText(b, type, x->i); break;
    case TYPE_REAL:
      n = snNumRealText(x->d, tmp);
      snBufAdd(b, tmp, n);
      break;
    case TYPE_TIMESTAMP: case TYPE_DATE: case TYPE_GEOPOINT:
      snBufByte(b, '"');
      snTypeIntText(b, type, x->i);
      snBufByte(b, '"');
      break;
    case TYPE_IP:
      snBufByte(b, '"');
      snTypeStrText(b, type, x->p, x->n);
      snBufByte(b, '"');
      break;
    case TYPE_JSON: snBufAdd(b, x->p, x->n); break;
    default: snBufJson(b, (const char *)x->p, x->n); break;
  }
}

static void typeArrayText(Buf *b, const u8 *p, u32 n) {
  ArrayIter it;
  ArrayItem x;
  bool first = true;
  snBufByte(b, '[');
  snArrayOpen(&it, p, n);
  while (snArrayNext(&it, &x)) {
    if (!first) snBufByte(b, ',');
    first = false;
    typeItemJson(b, it.type, &x);
  }
  snBufByte(b, ']');
}

void snTypeStrText(Buf *b, u8 type, const u8 *p, u32 n) {
  char tmp[48];
  if (type & TYPE_ARRAY) {
    typeArrayText(b, p, n);
  } else if (type == TYPE_IP) {
    if (n == 16) snBufAdd(b, tmp, snIpText(p, tmp));
  } else if (type == TYPE_INTERVAL) {
    if (n == sizeof(Interval)) typeIntervalText(b, p);
  } else if (n) {
    snBufAdd(b, p, n);
  }
}

/* ---- Text to value ------------------------------------------------------ */

static bool typeParseBoolean(const char *p, size_t n, i64 *out) {
  static const struct TypeBoolean {
    char word[7];
    u8 value;
  } words[] = {{"true", 1}, {"false", 0}, {"1", 1}, {"0", 0}, {"t", 1},
      {"f", 0}, {"yes", 1}, {"no", 0}, {"y", 1}, {"n", 0}, {"on", 1},
      {"off", 0}};
  typeTrim(&p, &n);
  for (u32 i = 0; i < SN_COUNT(words); i++) {
    if (!snAsciiEq(p, n, words[i].word, strlen(words[i].word))) continue;
    *out = words[i].value;
    return true;
  }
  return false;
}

static bool typeGeoPack(double lat, double lon, i64 *out) {
  if (!(fabs(lat) <= 90) || !(fabs(lon) <= 180)) return false;
  u32 high = (u32)(i32)lround(lat * TYPE_GEO_ONE);
  u32 low = (u32)(i32)lround(lon * TYPE_GEO_ONE);
  *out = (i64)((u64)high << 32 | low);
  return true;
}

/* "lat,lon" */
static bool typeGeoPair(const char *p, size_t n, i64 *out) {
  const char *comma = n ? memchr(p, ',', n) : NULL;
  double lat, lon;
  size_t k;
  if (!comma) return false;
  k = (size_t)(comma - p);
  return snNumReal(p, k, &lat) && snNumReal(comma + 1, n - k - 1, &lon) &&
      typeGeoPack(lat, lon, out);
}

/* The next event as degrees: a number, or a string that holds one. */
static bool typeGeoNumber(Json *j, JsonEvent e, double *out) {
  *out = j->d;
  if (e == JSON_INT || e == JSON_REAL) return true;
  return e == JSON_STRING && snNumReal(j->text, j->len, out);
}

/* {"lat": .., "lon": ..}; other names are passed over. */
static bool typeGeoObject(Json *j, i64 *out) {
  double lat = 0, lon = 0;
  bool has_lat = false, has_lon = false;
  JsonEvent e;
  while ((e = snJsonNext(j)) == JSON_KEY) {
    bool is_lat = snAsciiEq(j->text, j->len, "lat", 3);
    bool is_lon = snAsciiEq(j->text, j->len, "lon", 3);
    e = snJsonNext(j);
    if (is_lat || is_lon) {
      if (!typeGeoNumber(j, e, is_lat ? &lat : &lon)) return false;
      has_lat = has_lat || is_lat;
      has_lon = has_lon || is_lon;
    } else if (!snJsonSkip(j)) {
      return false;
    }
  }
  return e == JSON_OBJECT_END && has_lat && has_lon &&
      typeGeoPack(lat, lon, out);
}

/* [lon, lat] as GeoJSON has it, perhaps with a height. */
static bool typeGeoArray(Json *j, i64 *out) {
  double at[3] = {0, 0, 0};
  u32 n = 0;
  JsonEvent e;
  while ((e = snJsonNext(j)) != JSON_ARRAY_END) {
    if (n == 3 || !typeGeoNumber(j, e, &at[n])) return false;
    n++;
  }
  return n >= 2 && typeGeoPack(at[1], at[0], out);
}

static bool typeParseGeo(const char *p, size_t n, i64 *out) {
  Json j;
  JsonEvent e;
  bool good;
  typeTrim(&p, &n);
  if (!n || (*p != '{' && *p != '[')) return typeGeoPair(p, n, out);
  snJsonInit(&j, p, n, NULL);
  j.check_only = true;
  e = snJsonNext(&j);
  good = e == JSON_OBJECT ? typeGeoObject(&j, out) : typeGeoArray(&j, out);
  if (good) good = snJsonNext(&j) == JSON_END;
  snJsonClear(&j);
  if (!good) *out = 0;
  return good;
}

bool snTypeParseInt(u8 type, const char *p, size_t n, i64 *out) {
  *out = 0;
  switch (type) {
    case TYPE_BOOLEAN: return typeParseBoolean(p, n, out);
    case TYPE_INTEGER: return snNumInt(p, n, out);
    case TYPE_TIMESTAMP: return snTimeParse(p, n, out);
    case TYPE_DATE: return snDateParse(p, n, out);
    case TYPE_GEOPOINT: return typeParseGeo(p, n, out);
    default: return false;
  }
}

/* A JSON scalar as an element; j stands at it. */
static bool typeItemParse(Json *j, JsonEvent e, u8 type, Buf *out) {
  const char *p = j->text;
  size_t n = j->len, from;
  double d;
  i64 v;
  u8 ip[16];
  bool text = e == JSON_STRING;
  if (e == JSON_TRUE || e == JSON_FALSE) {
    p = e == JSON_TRUE ? "true" : "false";
    n = strlen(p);
  }
  switch (type) {
    case TYPE_INTEGER: case TYPE_TIMESTAMP: case TYPE_DATE: case TYPE_BOOLEAN:
    case TYPE_GEOPOINT:
      if (!snTypeParseInt(type, p, n, &v)) return false;
      snArrayInt(out, v);
      return true;
    case TYPE_REAL:
      if (!snNumReal(p, n, &d)) return false;
      snArrayReal(out, d);
      return true;
    case TYPE_IP:
      if (!text || !snIpParse(p, n, ip)) return false;
      snArrayStr(out, ip, 16);
      return true;
    case TYPE_JSON:
      from = j->raw_from;
      snArrayStr(out, j->start + from, (u32)(j->raw_to - from));
      return true;
    case TYPE_TEXT: case TYPE_KEYWORD: case TYPE_BLOB:
      snArrayStr(out, p, (u32)n);
      return true;
    default: return false;
  }
}

/* An element that is an object or an array: JSON keeps it, a point reads
** it. */
static bool typeItemNested(Json *j, u8 type, Buf *out) {
  const char *p;
  size_t n;
  i64 v;
  if (!snJsonSkip(j)) return false;
  p = j->start + j->raw_from;
  n = j->raw_to - j->raw_from;
  if (type == TYPE_GEOPOINT && typeParseGeo(p, n, &v)) {
    snArrayInt(out, v);
    return true;
  }
  if (type != TYPE_JSON) return false;
  snArrayStr(out, p, (u32)n);
  return true;
}

/* The elements of a JSON array; false when it is none. */
static bool typeArrayCount(const char *p, size_t n, Budget *b, u32 *count) {
  Json j;
  JsonEvent e;
  bool good = false;
  *count = 0;
  snJsonInit(&j, p, n, b);
  j.check_only = true;
  if (snJsonNext(&j) != JSON_ARRAY) goto done;
  while ((e = snJsonNext(&j)) != JSON_ARRAY_END) {
    if (e == JSON_ERROR || !snJsonSkip(&j)) goto done;
    ++*count;
  }
  good = snJsonNext(&j) == JSON_END;
done:
  snJsonClear(&j);
  return good;
}

static bool typeArrayParse(u8 type, const char *p, size_t n, Buf *out) {
  Json j;
  JsonEvent e;
  size_t keep = out->n;
  bool good = true;
  u32 count;
  if (type == TYPE_NULL || type >= TYPE_INTERVAL || n > UINT32_MAX) {
    return false;
  }
  if (!typeArrayCount(p, n, out->budget, &count)) return false;
  snJsonInit(&j, p, n, out->budget);
  snJsonNext(&j);
  snArrayBegin(out, type, count);
  while (good && (e = snJsonNext(&j)) != JSON_ARRAY_END) {
    if (e == JSON_ERROR) good = false;
    else if (e == JSON_NULL) snArrayNull(out);
    else if (e == JSON_OBJECT || e == JSON_ARRAY)
      good = typeItemNested(&j, type, out);
    else good = typeItemParse(&j, e, type, out);
  }
  if (j.tmp.rc) out->rc = j.tmp.rc;
  snJsonClear(&j);
  if (!good) out->n = keep;
  return good;
}

bool snTypeParseStr(u8 type, const char *p, size_t n, Buf *out) {
  Interval w;
  u8 ip[16];
  if (type & TYPE_ARRAY) {
    return typeArrayParse(type & (u8)~TYPE_ARRAY, p, n, out);
  }
  switch (type) {
    case TYPE_IP:
      if (!snIpParse(p, n, ip)) return false;
      snBufAdd(out, ip, 16);
      return true;
    case TYPE_INTERVAL:
      if (!snIntervalParse(p, n, &w)) return false;
      snBufAdd(out, &w, sizeof w);
      return true;
    case TYPE_JSON:
      if (!snJsonValid(p, n, out->budget)) return false;
      break;
    case TYPE_TEXT: case TYPE_KEYWORD: case TYPE_BLOB: break;
    default: return false;
  }
  if (n) snBufAdd(out, p, n);
  return true;
}

#undef TYPE_GEO_ONE
