/*
** agg_geo: the middle and the bounds of points, in whole units of 10^-7
** degrees: they do not depend on the order of rows.
*/
#include "vm/aggInt.h"

typedef enum AggGeoTag { AGG_GEO_CENTROID, AGG_GEO_BOUNDS } AggGeoTag;

typedef struct AggGeo {
  i64 n;
  i64 lat, lon;     /* sums: 2^31 rows do not overflow them */
  i32 south, west, north, east;
} AggGeo;

static int aggGeo(Agg *a, const AggIn *in) {
  AggGeo *st = a->state;
  const i64 *v;
  int rc = snAggInts(a, in, 0, &v);
  for (u32 k = 0; k < in->rows.n && !rc; k++) {
    u32 row = snKernRow(in->rows, k);
    AggGeo *s = st + snAggGroup(in, row);
    i32 lat = (i32)(u32)((u64)v[row] >> 32), lon = (i32)(u32)(u64)v[row];
    bool first = !s->n++;
    s->lat += lat;
    s->lon += lon;
    if (first || lat < s->south) s->south = lat;
    if (first || lat > s->north) s->north = lat;
    if (first || lon < s->west) s->west = lon;
    if (first || lon > s->east) s->east = lon;
  }
  return rc;
}

static i64 aggGeoPoint(i64 lat, i64 lon) {
  return (i64)((u64)(u32)(i32)lat << 32 | (u32)(i32)lon);
}

static i64 aggGeoMean(i64 sum, i64 n) { /* halves away from 0 */
  return (sum < 0 ? sum - n / 2 : sum + n / 2) / n;
}

static int aggGeoCentroid(Agg *a, u32 from, u32 n, Arena *arena, Vec *out) {
  const AggGeo *s = (AggGeo *)a->state + from;
  (void)arena;
  for (u32 i = 0; i < n; i++) {
    i64 rows = SN_MAX(s[i].n, 1);
    snAggPutInt(out, i, aggGeoPoint(aggGeoMean(s[i].lat, rows),
        aggGeoMean(s[i].lon, rows)));
    if (!s[i].n) snKernNull(out, i);
  }
  return SEINE_OK;
}

/* The corners in the south-west and in the north-east. */
static int aggGeoBounds(Agg *a, u32 from, u32 n, Arena *arena, Vec *out) {
  for (u32 i = 0; i < n; i++) {
    const AggGeo *s = (AggGeo *)a->state + from + i;
    Buf *b = &a->text;
    int rc;
    b->n = 0;
    snArrayBegin(b, TYPE_GEOPOINT, 2);
    snArrayInt(b, aggGeoPoint(s->south, s->west));
    snArrayInt(b, aggGeoPoint(s->north, s->east));
    rc = b->rc ? b->rc : snAggPutStr(out, i, b->data, (u32)b->n, arena);
    if (rc) return rc;
    if (!s->n) snKernNull(out, i);
  }
  return SEINE_OK;
}

static int aggGeoMerge(Agg *a, void *to, const Agg *from, const void *s) {
  AggGeo *t = to;
  const AggGeo *o = s;
  (void)a;
  (void)from;
  if (!o->n) return SEINE_OK;
  if (!t->n) {
    *t = *o;
    return SEINE_OK;
  }
  t->n += o->n;
  t->lat += o->lat;
  t->lon += o->lon;
  t->south = SN_MIN(t->south, o->south);
  t->north = SN_MAX(t->north, o->north);
  t->west = SN_MIN(t->west, o->west);
  t->east = SN_MAX(t->east, o->east);
  return SEINE_OK;
}

static const AggOps aggGeoCentroidOps = {sizeof(AggGeo), 1, NULL, aggGeo,
    aggGeoCentroid, NULL, aggGeoMerge};
static const AggOps aggGeoBoundsOps = {sizeof(AggGeo), 1, NULL, aggGeo,
    aggGeoBounds, NULL, aggGeoMerge};

/* clang-format off */
static const AggFunc aggGeoFuncs[] = {
  {"geo_centroid", "g", TYPE_GEOPOINT, 0, &aggGeoCentroidOps,
                                       AGG_GEO_CENTROID},
  {"geo_bounds",   "g", TYPE_ARRAY | TYPE_GEOPOINT, 0, &aggGeoBoundsOps,
                                       AGG_GEO_BOUNDS},
};
/* clang-format on */

const AggFunc *snAggGeoList(u32 *n) {
  *n = SN_COUNT(aggGeoFuncs);
  return aggGeoFuncs;
}
