/*
** rows_test: rows that wait in memory.
**   1. in and out: all types, selections, constants, nulls
**   2. columns that are added later
**   3. order, against a plain sort: types, directions, NULLs, several keys
**   4. odd values: NaN, -0, arrays, intervals, empty and long strings
**   5. want of memory
*/
#include "vm/vm.h"

#define TEST_TYPES 8u

static int test_count, test_failed;
static u64 test_seed = 0x2545f4914f6cdd1dull;
static Budget test_budget;

static void testOk(bool ok, const char *name) {
  printf("%sok %d - %s\n", ok ? "" : "not ", ++test_count, name);
  test_failed += !ok;
}

static u32 testRandom(u32 n) {
  test_seed ^= test_seed << 13;
  test_seed ^= test_seed >> 7;
  test_seed ^= test_seed << 17;
  return (u32)((test_seed * 0x9e3779b97f4a7c15ull) >> 33) % n;
}

/* ---- Vectors ------------------------------------------------------------ */

static Vec testVec(u8 type) {
  Vec v = {.type = type, .form = VEC_FLAT};
  v.data = v.buf = calloc(SN_WINDOW, sizeof(Str));
  v.null_buf = calloc(SN_WORDS, 8);
  if (!v.buf || !v.null_buf) exit(2);
  return v;
}

static void testVecFree(Vec *v) {
  free(v->buf);
  free(v->null_buf);
}

static char test_texts[64][80];

static void testTexts(void) {
  for (u32 i = 0; i < 64; i++) {
    u32 n = testRandom(i < 20 ? 4 : 60);
    for (u32 k = 0; k < n; k++)
      test_texts[i][k] = (char)('a' + (k < 20 ? 0 : testRandom(3)));
    test_texts[i][n] = 0;
  }
}

static void testFill(Vec *v, u32 n, u32 spread, bool nulls) {
  memset(v->null_buf, 0, SN_WORDS * 8);
  v->nulls = nulls ? v->null_buf : NULL;
  for (u32 i = 0; i < n; i++) {
    u32 x = testRandom(spread);
    if (nulls && !testRandom(7)) snBitSet(v->nulls, i);
    if (v->type == TYPE_BOOLEAN) {
      if (x & 1) snBitSet(v->data, i);
      else snBitClear(v->data, i);
    } else if (snTypeForm(v->type) == FORM_INT) {
      ((i64 *)v->data)[i] = (i64)x - spread / 2;
    } else if (snTypeForm(v->type) == FORM_REAL) {
      ((double *)v->data)[i] = x == 1 ? (double)NAN : x == 2 ? -HUGE_VAL
          : x == 3 ? -0.0 : ((double)x - spread / 2) / 3;
    } else {
      const char *s = test_texts[x % 64];
      ((Str *)v->data)[i] = (Str){(const u8 *)s, (u32)strlen(s), 0};
    }
  }
}

static const u8 test_types[TEST_TYPES] = {TYPE_INTEGER, TYPE_REAL, TYPE_TEXT,
    TYPE_BOOLEAN, TYPE_KEYWORD, TYPE_TIMESTAMP, TYPE_INTEGER, TYPE_REAL};

/* A store of about n rows, and as many columns as there are types. */
static void testStore(RowStore *r, u32 n, u32 spread) {
  Vec v[TEST_TYPES];
  const Vec *cols[TEST_TYPES];
  bool good = !snRowsInit(r, &test_budget, test_types, TEST_TYPES);
  for (u32 i = 0; i < TEST_TYPES; i++) {
    v[i] = testVec(test_types[i]);
    cols[i] = v + i;
  }
  while (good && r->n < n) {
    u32 m = SN_MIN(n - r->n, 1 + testRandom(SN_WINDOW));
    for (u32 i = 0; i < TEST_TYPES; i++)
      testFill(v + i, m, i < 6 ? spread : 1000000, i != 5);
    good = !snRowsAdd(r, cols, (Rows16){NULL, m});
  }
  if (!good) exit(2);
  for (u32 i = 0; i < TEST_TYPES; i++) testVecFree(v + i);
}

/* ---- In and out --------------------------------------------------------- */

static bool testSame(const RowStore *r, u32 col, u32 row, const Vec *v,
    u32 i) {
  const RowCol *c = r->col + col;
  bool null = v->type == TYPE_NULL || snVecNull(v, i);
  u32 at = snVecAt(v, i);
  if (snBit(c->nulls, row) != null) return false;
  if (null) return c->form != FORM_STR || !c->s[row].n;
  if (c->type == TYPE_BOOLEAN) return c->i[row] == snBit(v->data, at);
  if (c->form == FORM_INT) return c->i[row] == ((i64 *)v->data)[at];
  if (c->form == FORM_REAL)
    return !memcmp(&c->d[row], (double *)v->data + at, 8);
  const Str *s = (Str *)v->data + at, *t = c->s + row;
  return s->n == t->n && (!s->n || (s->p != t->p &&
      !memcmp(s->p, t->p, s->n)));
}

static void testInOut(void) {
  RowStore r;
  Vec v[TEST_TYPES], out[TEST_TYPES];
  const Vec *cols[TEST_TYPES];
  u16 rows[SN_WINDOW];
  bool in = true, emit = true;
  if (snRowsInit(&r, &test_budget, test_types, TEST_TYPES)) exit(2);
  for (u32 i = 0; i < TEST_TYPES; i++) {
    v[i] = testVec(test_types[i]);
    out[i] = testVec(test_types[i]);
    cols[i] = v + i;
  }
  for (u32 round = 0; round < 60; round++) {
    u32 m = 1 + testRandom(SN_WINDOW), n = 0, was = r.n;
    bool list = testRandom(2);
    for (u32 i = 0; i < m; i++)
      if (testRandom(3)) rows[n++] = (u16)i;
    if (!list) n = m;
    for (u32 i = 0; i < TEST_TYPES; i++) {
      v[i].type = testRandom(9) ? test_types[i] : TYPE_NULL;
      if (v[i].type) testFill(v + i, m, 50, testRandom(2));
      v[i].form = testRandom(4) ? VEC_FLAT : VEC_CONST;
    }
    in = in && !snRowsAdd(&r, cols, (Rows16){list ? rows : NULL, n});
    for (u32 i = 0; i < TEST_TYPES; i++)
      for (u32 k = 0; in && k < n; k++)
        in = testSame(&r, i, was + k, v + i, list ? rows[k] : k);
  }
  testOk(in, "rows come in");
  for (u32 round = 0; round < 40; round++) {
    u32 order[SN_WINDOW], n, from = round ? testRandom(r.n) : 0;
    if (round & 2) from &= ~63u;
    n = SN_MIN(r.n - from, testRandom(SN_WINDOW + 1));
    for (u32 i = 0; i < n; i++) order[i] = testRandom(r.n);
    for (u32 i = 0; i < TEST_TYPES; i++) {
      if (round & 1) snRowsEmit(&r, i, order, 0, n, out + i);
      else snRowsEmit(&r, i, NULL, from, n, out + i);
      emit = emit && out[i].form == VEC_FLAT && out[i].type == test_types[i];
      for (u32 k = 0; emit && k < n; k++) {
        u32 row = round & 1 ? order[k] : from + k;
        const Str *s = (Str *)out[i].data + k;
        if (r.col[i].form == FORM_STR && !snVecNull(out + i, k)) {
          emit = s->p == r.col[i].s[row].p && s->n == r.col[i].s[row].n;
        } else {
          emit = testSame(&r, i, row, out + i, k);
        }
      }
    }
  }
  testOk(emit, "rows go out");
  for (u32 i = 0; i < TEST_TYPES; i++) {
    testVecFree(v + i);
    testVecFree(out + i);
  }
  snRowsClear(&r);
  testOk(r.n == 0 && test_budget.used == 0, "clear frees all");
}

static void testColumns(void) {
  RowStore r;
  u32 col = 9, *order;
  bool good = true;
  testOk(!snRowsInit(&r, &test_budget, NULL, 0) &&
      !snRowsAdd(&r, NULL, (Rows16){NULL, 4000}) && r.n == 4000,
      "rows without columns");
  testOk(!snRowsAddColumn(&r, TYPE_TEXT, &col) && col == 0 &&
      !snRowsAddColumn(&r, TYPE_REAL, &col) && col == 1, "columns later");
  for (u32 i = 0; i < r.n; i++) {
    good = good && snBit(r.col[0].nulls, i) && snBit(r.col[1].nulls, i) &&
        !r.col[0].s[i].n && r.col[1].d[i] == 0;
  }
  testOk(good, "they are NULL");
  testOk(!snRowsSort(&r, NULL, 0, &order) && order[3999] == 3999,
      "no keys: as they came");
  snMemFree(order);
  snRowsClear(&r);
  good = !snRowsInit(&r, &test_budget, test_types, 1) &&
      !snRowsSort(&r, &(SortKey){0, false, false}, 1, &order) && order;
  testOk(good, "no rows");
  snMemFree(order);
  snRowsClear(&r);
}

/* ---- Order -------------------------------------------------------------- */

static bool testSorted(const RowStore *r, const SortKey *keys, u32 nkeys) {
  u32 *order;
  u8 *seen = calloc(r->n + 1, 1);
  bool good = !snRowsSort(r, keys, nkeys, &order);
  for (u32 i = 0; good && i < r->n; i++) {
    good = order[i] < r->n && !seen[order[i]]++;
    if (good && i) {
      int c = snRowsCompare(r, keys, nkeys, order[i - 1], order[i]);
      good = c < 0 || (c == 0 && order[i - 1] < order[i]);
    }
  }
  snMemFree(order);
  free(seen);
  return good;
}

static void testOrder(void) {
  static const u32 sizes[] = {1, 2, 30, 100, 3000, 20000};
  static const u32 spreads[] = {2, 5, 60, 100000};
  for (u32 s = 0; s < SN_COUNT(sizes); s++) {
    for (u32 k = 0; k < SN_COUNT(spreads); k++) {
      RowStore r;
      bool good = true;
      char name[80];
      testStore(&r, sizes[s], spreads[k]);
      for (u32 round = 0; good && round < 30; round++) {
        SortKey keys[4];
        u32 n = 1 + testRandom(4);
        for (u32 i = 0; i < n; i++) {
          keys[i] = (SortKey){round < 8 && !i ? round : testRandom(TEST_TYPES),
              testRandom(2), testRandom(2)};
        }
        good = testSorted(&r, keys, n);
      }
      snprintf(name, sizeof name, "%u rows of %u values", sizes[s],
          spreads[k]);
      testOk(good, name);
      snRowsClear(&r);
    }
  }
}

/* What NULLs do does not depend on desc. */
static void testNulls(void) {
  RowStore r;
  Vec v = testVec(TYPE_INTEGER);
  const Vec *cols[1] = {&v};
  static const u32 want[4][3] = {{1, 0, 2}, {0, 2, 1}, {1, 2, 0}, {2, 0, 1}};
  v.nulls = v.null_buf;
  snBitSet(v.nulls, 1);
  ((i64 *)v.data)[0] = INT64_MIN;
  ((i64 *)v.data)[2] = INT64_MAX;
  if (snRowsInit(&r, &test_budget, test_types, 1) ||
      snRowsAdd(&r, cols, (Rows16){NULL, 3})) {
    exit(2);
  }
  for (u32 i = 0; i < 4; i++) {
    SortKey key = {0, i >= 2, i & 1};
    u32 *order;
    bool good = !snRowsSort(&r, &key, 1, &order) &&
        !memcmp(order, want[i], sizeof want[i]);
    testOk(good, i & 1 ? "NULLs last" : "NULLs first");
    snMemFree(order);
  }
  testVecFree(&v);
  snRowsClear(&r);
}

static void testReals(void) {
  static const double in[] = {3, (double)NAN, -0.0, HUGE_VAL, 0.0, -HUGE_VAL,
      -1e-310, 1e-310, -5, 1e300};
  static const u32 want[] = {5, 8, 6, 2, 4, 7, 0, 9, 3, 1};
  RowStore r;
  Vec v = testVec(TYPE_REAL);
  const Vec *cols[1] = {&v};
  SortKey key = {0, false, false};
  u8 type = TYPE_REAL;
  u32 *order, n = SN_COUNT(in);
  bool good = true;
  for (u32 i = 0; i < 100; i++) ((double *)v.data)[i] = in[i % n];
  if (snRowsInit(&r, &test_budget, &type, 1) ||
      snRowsAdd(&r, cols, (Rows16){NULL, 100}) ||
      snRowsSort(&r, &key, 1, &order)) {
    exit(2);
  }
  for (u32 i = 0; i < 100; i++) {
    double a = ((double *)v.data)[order[i]], b = in[want[i / 10]];
    good = good && (a == b || (isnan(a) && isnan(b)));
  }
  testOk(good, "reals: -inf to inf, NaN behind");
  snMemFree(order);
  testVecFree(&v);
  snRowsClear(&r);
}

static void testOthers(void) {
  u8 types[] = {TYPE_ARRAY | TYPE_INTEGER, TYPE_INTERVAL, TYPE_TEXT};
  static const Interval spans[] = {{1, 0}, {0, 86400ll * 31 * 1000000},
      {0, -5}, {0, INT64_MAX}, {INT64_MAX, INT64_MAX}};
  static const u32 want_spans[] = {2, 0, 1, 3, 4};
  static const u32 want_arrays[] = {2, 1, 4, 0, 3};
  static const u32 want_text[] = {0, 2, 1, 4, 3};
  static const char *const text[] = {"", "a\0b", "a", "b", "a\0c"};
  static const u32 len[] = {0, 3, 1, 1, 3};
  Vec v[3] = {testVec(types[0]), testVec(types[1]), testVec(types[2])};
  const Vec *cols[3] = {v, v + 1, v + 2};
  RowStore r;
  Buf b[5];
  u32 *order;
  for (u32 i = 0; i < 5; i++) { /* [5] [NULL] [] [5, 1] [-7] */
    snBufInit(b + i, NULL);
    snArrayBegin(b + i, TYPE_INTEGER, i == 2 ? 0 : i == 3 ? 2 : 1);
    if (i == 1) snArrayNull(b + i);
    else if (i != 2) snArrayInt(b + i, i == 4 ? -7 : 5);
    if (i == 3) snArrayInt(b + i, 1);
    ((Str *)v[0].data)[i] = (Str){b[i].data, (u32)b[i].n, 0};
    ((Str *)v[1].data)[i] = (Str){(const u8 *)(spans + i), 16, 0};
    ((Str *)v[2].data)[i] = (Str){(const u8 *)text[i], len[i], 0};
  }
  if (snRowsInit(&r, &test_budget, types, 3) ||
      snRowsAdd(&r, cols, (Rows16){NULL, 5})) {
    exit(2);
  }
  for (u32 i = 0; i < 3; i++) {
    const u32 *want = i == 0 ? want_arrays : i == 1 ? want_spans : want_text;
    SortKey key = {i, false, false};
    bool good = !snRowsSort(&r, &key, 1, &order) && !memcmp(order, want, 20);
    testOk(good, i == 0 ? "arrays" : i == 1 ? "intervals" : "bytes");
    snMemFree(order);
    testVecFree(v + i);
  }
  for (u32 i = 0; i < 5; i++) snBufClear(b + i);
  snRowsClear(&r);
}

/* ---- Memory ------------------------------------------------------------- */

static void testMemory(void) {
  RowStore r;
  Vec v = testVec(TYPE_TEXT);
  const Vec *cols[1] = {&v};
  SortKey key = {0, false, false};
  u8 type = TYPE_TEXT;
  bool good = true, whole = false;
  testFill(&v, SN_WINDOW, 64, true);
  for (i64 k = 1; good && !whole; k++) {
    u32 col, *order = NULL;
    int rc;
    memset(&r, 0, sizeof r);
    snFaultMem(k, false);
    rc = snRowsInit(&r, &test_budget, &type, 1);
    for (u32 i = 0; !rc && i < 3; i++) {
      u32 was = r.n;
      rc = snRowsAdd(&r, cols, (Rows16){NULL, SN_WINDOW});
      good = good && (!rc || (r.n == was && rc == SEINE_NOMEM));
    }
    if (!rc) rc = snRowsAddColumn(&r, TYPE_TEXT, &col);
    if (!rc) rc = snRowsSort(&r, &key, 1, &order);
    good = good && (!rc || (rc == SEINE_NOMEM && !order));
    whole = !rc;
    snFaultMem(0, false);
    snMemFree(order);
    snRowsClear(&r);
    good = good && test_budget.used == 0;
  }
  testOk(good, "each allocation fails once");
  test_budget.limit = 100000;
  if (snRowsInit(&r, &test_budget, &type, 1)) exit(2);
  good = false;
  for (u32 i = 0; i < 100 && !good; i++)
    good = snRowsAdd(&r, cols, (Rows16){NULL, SN_WINDOW}) == SEINE_NOMEM;
  testOk(good, "rows are counted");
  snRowsClear(&r);
  test_budget.limit = 0;
  testVecFree(&v);
}

int main(void) {
  testTexts();
  testInOut();
  testColumns();
  testOrder();
  testNulls();
  testReals();
  testOthers();
  testMemory();
  testOk(test_budget.used == 0, "no memory left behind");
  printf("1..%d\n", test_count);
  return test_failed != 0;
}
