/*
** kern_geo: points in boxes, circles and polygons, and the cells of grids.
**
** (1) A GEOPOINT is latitude and longitude in units of 10^-7 degrees, 32 bits
**     each.  Polygons are rounded to these units, and from there on the
**     answer is exact: it is taken from signs of whole numbers.
** (2) Edges are straight in latitude and longitude, as in search servers; a
**     point on an edge is inside.  Rings behind the first are holes.
** (3) A shape is read when it is first seen, a constant one once in a run.
*/
#include "vm/kern.h"

#define KERN_GEO_UNITS 1e7

typedef struct KernGeoPoint { i64 lat, lon; } KernGeoPoint;

static KernGeoPoint kernGeoOf(i64 g) {
  return (KernGeoPoint){(i32)(u32)((u64)g >> 32), (i32)(u32)(u64)g};
}

static i64 kernGeoMake(i64 lat, i64 lon) {
  return (i64)((u64)(u32)(i32)lat << 32 | (u32)(i32)lon);
}

/* ---- Shapes ------------------------------------------------------------- */

typedef struct KernGeoRing { u32 from, n; bool begins; } KernGeoRing;

/* Rings of one or more polygons; begins: the first ring of one. */
typedef struct KernGeoShape {
  Object head;
  char *text;        /* that it was read from */
  u32 n;
  KernGeoPoint *point;
  u32 npoint, point_cap;
  KernGeoRing *ring;
  u32 nring, ring_cap;
} KernGeoShape;

static void kernGeoClear(KernGeoShape *s) {
  snMemFree(s->text);
  snMemFree(s->point);
  snMemFree(s->ring);
  *s = (KernGeoShape){.head = s->head};
}

static void kernGeoFree(Object *o) {
  KernGeoShape *s = (KernGeoShape *)(void *)o;
  kernGeoClear(s);
  snMemFree(s);
}

/* A text on its way to a shape. */
typedef struct KernGeoText {
  const char *p, *end;
  Budget *budget;
  KernGeoShape *s;
  int rc;            /* ERROR: it is none */
} KernGeoText;

static bool kernGeoNext(KernGeoText *t, char ch) {
  while (t->p < t->end && (u8)*t->p <= ' ') t->p++;
  if (t->p == t->end || *t->p != ch) return false;
  t->p++;
  return true;
}

static void kernGeoNeed(KernGeoText *t, char ch) {
  if (!t->rc && !kernGeoNext(t, ch)) t->rc = SEINE_ERROR;
}

static i64 kernGeoNumber(KernGeoText *t, double limit) {
  double v = 0;
  const char *from;
  if (t->rc) return 0;
  while (t->p < t->end && (u8)*t->p <= ' ') t->p++;
  for (from = t->p; t->p < t->end && (u8)*t->p > ' ' && *t->p != ',' &&
      *t->p != ')'; t->p++) continue;
  if (!snNumReal(from, (size_t)(t->p - from), &v) || !(fabs(v) <= limit))
    t->rc = SEINE_ERROR;
  return t->rc ? 0 : llround(v * KERN_GEO_UNITS);
}

static void kernGeoAdd(KernGeoText *t, i64 lat, i64 lon) {
  KernGeoShape *s = t->s;
  if (t->rc) return;
  t->rc = snMemGrow(t->budget, &s->point, &s->point_cap, (u64)s->npoint + 1,
      sizeof *s->point);
  if (!t->rc) s->point[s->npoint++] = (KernGeoPoint){lat, lon};
}

/* (lon lat, lon lat, ...) */
static void kernGeoRing(KernGeoText *t, bool begins) {
  KernGeoShape *s = t->s;
  u32 from = s->npoint;
  kernGeoNeed(t, '(');
  do {
    i64 lon = kernGeoNumber(t, 180), lat = kernGeoNumber(t, 90);
    kernGeoAdd(t, lat, lon);
  } while (!t->rc && kernGeoNext(t, ','));
  kernGeoNeed(t, ')');
  if (!t->rc && s->npoint - from < 3) t->rc = SEINE_ERROR;
  if (t->rc) return;
  t->rc = snMemGrow(t->budget, &s->ring, &s->ring_cap, (u64)s->nring + 1,
      sizeof *s->ring);
  if (!t->rc)
    s->ring[s->nring++] = (KernGeoRing){from, s->npoint - from, begins};
}

static void kernGeoPolygon(KernGeoText *t) {
  bool first = true;
  kernGeoNeed(t, '(');
  do {
    kernGeoRing(t, first);
    first = false;
  } while (!t->rc && kernGeoNext(t, ','));
  kernGeoNeed(t, ')');
}

static bool kernGeoWord(KernGeoText *t, const char *word) {
  size_t n = strlen(word);
  while (t->p < t->end && (u8)*t->p <= ' ') t->p++;
  if ((size_t)(t->end - t->p) < n || !snAsciiEq(t->p, n, word, n))
    return false;
  t->p += n;
  return true;
}

static void kernGeoRead(KernGeoText *t) {
  if (kernGeoWord(t, "POLYGON")) {
    kernGeoPolygon(t);
  } else if (kernGeoWord(t, "MULTIPOLYGON")) {
    kernGeoNeed(t, '(');
    do kernGeoPolygon(t);
    while (!t->rc && kernGeoNext(t, ','));
    kernGeoNeed(t, ')');
  } else {
    t->rc = SEINE_ERROR;
  }
  while (t->p < t->end && (u8)*t->p <= ' ') t->p++;
  if (!t->rc && t->p < t->end) t->rc = SEINE_ERROR;
}

/* Makes s the shape of the text, if it is not. */
static int kernGeoSet(FuncCtx *c, KernGeoShape *s, Str text) {
  KernGeoText t = {(const char *)text.p, (const char *)text.p + text.n,
      c->budget, s, SEINE_OK};
  if (s->text && s->n == text.n && text.n && !memcmp(s->text, text.p, text.n))
    return SEINE_OK;
  kernGeoClear(s);
  if (text.n) kernGeoRead(&t);
  else t.rc = SEINE_ERROR;
  if (t.rc == SEINE_ERROR) {
    kernGeoClear(s);
    return snKernError(c, "not a shape: a POLYGON((lon lat, ...)) or a "
        "MULTIPOLYGON(((...)), ...) of degrees is needed");
  }
  if (t.rc) return t.rc;
  s->text = snMemDup(c->budget, (const char *)text.p, text.n);
  s->n = text.n;
  return s->text ? SEINE_OK : SN_NOMEM;
}

/* Turns *in around for each edge that a ray to the east crosses; true: the
** point lies on an edge. */
static bool kernGeoCross(const KernGeoPoint *v, u32 n, KernGeoPoint p,
    bool *in) {
  for (u32 i = 0, j = n - 1; i < n; j = i++) {
    KernGeoPoint a = v[j], b = v[i];
    i128 side = (i128)(b.lon - a.lon) * (p.lat - a.lat) -
        (i128)(b.lat - a.lat) * (p.lon - a.lon);
    if (!side && p.lat >= SN_MIN(a.lat, b.lat) &&
        p.lat <= SN_MAX(a.lat, b.lat) && p.lon >= SN_MIN(a.lon, b.lon) &&
        p.lon <= SN_MAX(a.lon, b.lon)) return true;
    if ((a.lat > p.lat) != (b.lat > p.lat) && (side > 0) == (b.lat > a.lat))
      *in = !*in;
  }
  return false;
}

static bool kernGeoInside(const KernGeoShape *s, KernGeoPoint p) {
  bool in = false;
  for (u32 k = 0; k < s->nring; k++) {
    const KernGeoRing *r = s->ring + k;
    if (r->begins && in) return true;
    if (r->begins) in = false;
    if (kernGeoCross(s->point + r->from, r->n, p, &in)) return true;
  }
  return in;
}

/* ---- Within ------------------------------------------------------------- */

static int kernGeoWithin(KERN_ARGS) {
  KernGeoShape *s = (KernGeoShape *)(void *)*c->kept;
  int rc = SEINE_OK;
  if (!s) {
    s = snMemZero(c->budget, sizeof *s);
    if (!s) return SN_NOMEM;
    s->head.free = kernGeoFree;
    *c->kept = &s->head;
  }
  for (u32 k = 0; k < rows.n && !rc; k++) {
    u32 i = snKernRow(rows, k);
    if (snKernOnce(&args[1], k)) rc = kernGeoSet(c, s, snKernStr(&args[1], i));
    if (!rc && kernGeoInside(s, kernGeoOf(snKernInt(&args[0], i))))
      snBitSet(out->data, i);
    if (snKernStop(c, s->npoint)) break;
  }
  return rc;
}

static int kernGeoCircle(KERN_ARGS) {
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k);
    double d = snKernMetres(snKernInt(&args[0], i), snKernInt(&args[1], i));
    if (d <= snKernReal(&args[2], i)) snBitSet(out->data, i);
  }
  return SEINE_OK;
}

/* South, west, north, east; a box whose west is east of its east goes over
** the line of dates. */
static int kernGeoBox(KERN_ARGS) {
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k);
    KernGeoPoint p = kernGeoOf(snKernInt(&args[0], i));
    double lat = (double)p.lat / KERN_GEO_UNITS;
    double lon = (double)p.lon / KERN_GEO_UNITS;
    double west = snKernReal(&args[2], i), east = snKernReal(&args[4], i);
    bool in = west <= east ? lon >= west && lon <= east
                           : lon >= west || lon <= east;
    if (in && lat >= snKernReal(&args[1], i) && lat <= snKernReal(&args[3], i))
      snBitSet(out->data, i);
  }
  return SEINE_OK;
}

/* ---- Cells -------------------------------------------------------------- */

static const char kern_geo_digits[] = "0123456789bcdefghjkmnpqrstuvwxyz";

/* Which of 2^30 equal parts of [-half, half] degrees holds v units. */
static u64 kernGeoCell(i64 v, i64 half) {
  u64 units = (u64)half * 10000000u;
  u64 cell = (((u64)(v + (i64)units)) << 30) / (2 * units);
  return SN_MIN(cell, (1ull << 30) - 1);
}

static int kernGeoHash(KERN_ARGS) {
  int rc = SEINE_OK;
  for (u32 k = 0; k < rows.n && !rc; k++) {
    u32 i = snKernRow(rows, k);
    KernGeoPoint p = kernGeoOf(snKernInt(&args[0], i));
    i64 size = n > 1 ? snKernInt(&args[1], i) : 12;
    u64 lat = kernGeoCell(p.lat, 90), lon = kernGeoCell(p.lon, 180);
    char text[12];
    if (size < 1 || size > 12)
      return snKernError(c, "a geohash has 1 to 12 characters");
    for (u32 at = 0; at < 60; at++) { /* by turns, longitude first */
      u64 bit = (at & 1 ? lat : lon) >> (29 - at / 2) & 1;
      u32 d = at / 5;
      text[d] = (char)((at % 5 ? text[d] << 1 : 0) | (int)bit);
    }
    for (u32 d = 0; d < 12; d++) text[d] = kern_geo_digits[(u8)text[d] & 31];
    rc = snFuncStr(c, out, i, text, (size_t)size);
  }
  return rc;
}

/* The middle of a cell. */
static int kernGeoUnhash(KERN_ARGS) {
  for (u32 k = 0; k < rows.n; k++) {
    u32 i = snKernRow(rows, k), at = 0;
    Str s = snKernStr(&args[0], i);
    double lo[2] = {-180, -90}, hi[2] = {180, 90};
    bool good = s.n > 0 && s.n <= 12;
    for (u32 d = 0; good && d < s.n; d++) {
      u8 ch = s.p[d] >= 'A' && s.p[d] <= 'Z' ? s.p[d] + 32u : s.p[d];
      const char *digit = ch ? strchr(kern_geo_digits, ch) : NULL;
      good = digit != NULL;
      for (u32 bit = 16; good && bit; bit >>= 1, at++) {
        double mid = (lo[at & 1] + hi[at & 1]) / 2;
        if ((u32)(digit - kern_geo_digits) & bit) lo[at & 1] = mid;
        else hi[at & 1] = mid;
      }
    }
    ((i64 *)out->data)[i] = kernGeoMake(
        llround((lo[1] + hi[1]) / 2 * KERN_GEO_UNITS),
        llround((lo[0] + hi[0]) / 2 * KERN_GEO_UNITS));
    if (!good) snKernNull(out, i);
  }
  return SEINE_OK;
}

/* zoom/x/y of a map in Mercator's projection. */
static int kernGeoTile(KERN_ARGS) {
  const double pi = 3.14159265358979323846, edge = 85.0511287798066;
  int rc = SEINE_OK;
  for (u32 k = 0; k < rows.n && !rc; k++) {
    u32 i = snKernRow(rows, k);
    KernGeoPoint p = kernGeoOf(snKernInt(&args[0], i));
    i64 zoom = snKernInt(&args[1], i);
    double lat = (double)p.lat / KERN_GEO_UNITS, x, y, all;
    char text[48];
    if (zoom < 0 || zoom > 29)
      return snKernError(c, "the zoom of a tile is from 0 to 29");
    all = (double)(1ll << zoom);
    lat = SN_MAX(SN_MIN(lat, edge), -edge) * pi / 180;
    x = floor(((double)p.lon / KERN_GEO_UNITS + 180) / 360 * all);
    y = floor((1 - asinh(tan(lat)) / pi) / 2 * all);
    x = SN_MAX(SN_MIN(x, all - 1), 0);
    y = SN_MAX(SN_MIN(y, all - 1), 0);
    snprintf(text, sizeof text, "%d/%.0f/%.0f", (int)zoom, x, y);
    rc = snFuncStr(c, out, i, text, strlen(text));
  }
  return rc;
}

/* ---- The part of the table ---------------------------------------------- */

/* clang-format off */
static const Func kernGeoFuncs[] = {
  {"geo_within",     "gs",    TYPE_BOOLEAN,  FUNC_KEEPS, kernGeoWithin},
  {"geo_within",     "ggr",   TYPE_BOOLEAN,  0, kernGeoCircle},
  {"geo_in_box",     "grrrr", TYPE_BOOLEAN,  0, kernGeoBox},
  {"geohash",        "g?i",   TYPE_TEXT,     0, kernGeoHash},
  {"geohash_decode", "s",     TYPE_GEOPOINT, 0, kernGeoUnhash},
  {"geotile",        "gi",    TYPE_TEXT,     0, kernGeoTile},
};
/* clang-format on */

const Func *snKernGeoList(u32 *n) {
  *n = SN_COUNT(kernGeoFuncs);
  return kernGeoFuncs;
}

#undef KERN_GEO_UNITS
