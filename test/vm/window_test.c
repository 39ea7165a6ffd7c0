/*
** window_test: window functions against the plainest way to compute them.
**   1. the table of functions
**   2. ranks, tiles, neighbours, values of the frame, series: random rows,
**      partitions, orders, frames of all modes and EXCLUDE, NULLs ignored
**      or not, each row by itself
**   3. aggregates: each row's frame fed to an aggregate of its own
**   4. errors, overflow, cancelling, speed, want of memory
*/
#include "vm/vm.h"

static int test_count, test_failed;
static u64 test_seed = 0x9d2c5680b5026f5aull;
static Budget test_budget;
static char test_error[256];

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

/* Columns of the store. */
enum { C_PART, C_ORDER, C_INT, C_REAL, C_TEXT, C_PASS, C_K, C_ALPHA, C_ALL };
static const u8 test_types[C_ALL] = {TYPE_INTEGER, TYPE_INTEGER,
    TYPE_INTEGER, TYPE_REAL, TYPE_TEXT, TYPE_BOOLEAN, TYPE_INTEGER,
    TYPE_REAL};
static const SortKey test_keys[2] = {{C_PART, false, false},
    {C_ORDER, true, true}};

typedef struct Test {
  RowStore r;
  u32 *sorted;
  WindowCall w;
} Test;

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

static void testValue(Vec *v, u32 col, u32 i, u32 parts, u32 spread) {
  static const char *const texts[] = {"", "a", "ab", "b", "zz", "kiwi"};
  const char *s = texts[testRandom(6)];
  v->nulls = v->null_buf;
  snBitClear(v->nulls, i);
  if (col != C_K && col != C_ALPHA && !testRandom(8)) snBitSet(v->nulls, i);
  if (v->type == TYPE_BOOLEAN) {
    if (testRandom(2)) snBitSet(v->data, i);
    else snBitClear(v->data, i);
  } else if (v->type == TYPE_REAL) {
    ((double *)v->data)[i] = col == C_ALPHA ? testRandom(5) / 4.0
        : ldexp(testRandom(1000) - 500.0, (int)testRandom(90) - 40);
  } else if (v->type == TYPE_TEXT) {
    ((Str *)v->data)[i] = (Str){(const u8 *)s, (u32)strlen(s), 0};
  } else {
    ((i64 *)v->data)[i] = col == C_PART ? testRandom(parts)
        : col == C_K ? 1 + testRandom(5) : (i64)testRandom(spread) - 20;
  }
}

static void testOpen(Test *t, u32 n, u32 parts, u32 spread) {
  Vec v[C_ALL];
  const Vec *cols[C_ALL];
  memset(t, 0, sizeof *t);
  if (snRowsInit(&t->r, &test_budget, test_types, C_ALL)) exit(2);
  for (u32 c = 0; c < C_ALL; c++) {
    v[c] = testVec(test_types[c]);
    cols[c] = v + c;
  }
  while (t->r.n < n) {
    u32 m = SN_MIN(n - t->r.n, SN_WINDOW);
    for (u32 c = 0; c < C_ALL; c++)
      for (u32 i = 0; i < m; i++) testValue(v + c, c, i, parts, spread);
    if (snRowsAdd(&t->r, cols, (Rows16){NULL, m})) exit(2);
  }
  for (u32 c = 0; c < C_ALL; c++) testVecFree(v + c);
}

static void testClose(Test *t) {
  snMemFree(t->sorted);
  snRowsClear(&t->r);
}

/* Sorts by (part, order) or by less, and makes a frame. */
static void testCall(Test *t, bool part, bool order, u8 type) {
  WindowCall *w = &t->w;
  memset(w, 0, sizeof *w);
  w->part = test_keys;
  w->order = test_keys + 1;
  w->npart = part;
  w->norder = order;
  w->filter = -1;
  snMemFree(t->sorted);
  if (snRowsSort(&t->r, test_keys + !part, (u32)part + order, &t->sorted) ||
      snRowsAddColumn(&t->r, type, &w->out)) {
    exit(2);
  }
}

static bool testHasNumber(u8 end) {
  return end == FRAME_PRECEDING || end == FRAME_FOLLOWING;
}

static void testFrame(WindowCall *w) {
  Frame *f = &w->frame;
  f->exclude = (u8)(testRandom(2) ? testRandom(4) : EXCLUDE_NONE);
  do {
    f->mode = (u8)testRandom(3);
    f->start = (u8)testRandom(4);
    f->end = (u8)(1 + testRandom(4));
  } while (f->mode == FRAME_RANGE && !w->norder && (testHasNumber(f->start) ||
      testHasNumber(f->end)));
  f->start_n = testRandom(20) ? testRandom(6) : INT64_MAX;
  f->end_n = testRandom(20) ? testRandom(6) : INT64_MAX - 1;
}

static int testRun(Test *t) {
  return snWindowRun(&t->r, t->sorted, &t->w, NULL, NULL, test_error);
}

/* ---- The plain way ------------------------------------------------------ */

typedef struct Place {
  u32 from, to;           /* partition */
  u32 peer_from, peer_to;
  u32 a, b;               /* frame */
} Place;

static bool testEqual(const Test *t, const SortKey *k, u32 n, u32 i, u32 j) {
  return !snRowsCompare(&t->r, k, n, t->sorted[i], t->sorted[j]);
}

/* Groups from place a to place b, which is not before it. */
static i64 testGroups(const Test *t, u32 a, u32 b) {
  i64 n = 0;
  for (u32 i = a + 1; i <= b; i++)
    n += !testEqual(t, t->w.order, t->w.norder, i - 1, i);
  return n;
}

/* Whether a bound with a number lets place i in. */
static bool testReaches(const Test *t, u8 kind, i64 n, u32 at, u32 i,
    const Place *p, bool end) {
  const RowCol *key = t->r.col + C_ORDER; /* descending, NULLs last */
  u32 row = t->sorted[at], other = t->sorted[i];
  i128 far;
  if (kind == FRAME_PRECEDING) n = -n;
  if (t->w.frame.mode == FRAME_GROUPS) {
    far = i < at ? -testGroups(t, i, at) : testGroups(t, at, i);
    return end ? far <= n : far >= n;
  }
  if (snBit(key->nulls, row)) return end ? i < p->peer_to : i >= p->peer_from;
  if (snBit(key->nulls, other)) return !end;
  far = (i128)key->i[row] - key->i[other];
  return end ? far <= n : far >= n;
}

static i64 testEnd(const Test *t, u8 kind, i64 n, u32 at, const Place *p,
    bool end) {
  const Frame *f = &t->w.frame;
  u32 i = p->from;
  switch (kind) {
    case FRAME_UNBOUNDED_PRECEDING: return p->from;
    case FRAME_UNBOUNDED_FOLLOWING: return p->to;
    case FRAME_CURRENT:
      if (f->mode != FRAME_ROWS) return end ? p->peer_to : p->peer_from;
      return (i64)at + end;
    default:
      if (f->mode != FRAME_ROWS) {
        while (i < p->to && testReaches(t, kind, n, at, i, p, end) == end) i++;
        return i;
      }
      n = SN_MIN(n, 1000000);
      return (i64)at + end + (kind == FRAME_PRECEDING ? -n : n);
  }
}

static Place testPlace(const Test *t, u32 at) {
  const WindowCall *w = &t->w;
  Place p = {at, at + 1, at, at + 1, 0, 0};
  i64 a, b;
  while (p.from && testEqual(t, w->part, w->npart, at, p.from - 1)) p.from--;
  while (p.to < t->r.n && testEqual(t, w->part, w->npart, at, p.to)) p.to++;
  while (p.peer_from > p.from &&
      testEqual(t, w->order, w->norder, at, p.peer_from - 1)) {
    p.peer_from--;
  }
  while (p.peer_to < p.to &&
      testEqual(t, w->order, w->norder, at, p.peer_to)) {
    p.peer_to++;
  }
  a = testEnd(t, w->frame.start, w->frame.start_n, at, &p, false);
  b = testEnd(t, w->frame.end, w->frame.end_n, at, &p, true);
  a = SN_MAX(a, (i64)p.from);
  b = SN_MIN(b, (i64)p.to);
  if (a > b) a = b = p.from;
  p.a = (u32)a;
  p.b = (u32)b;
  return p;
}

/* Whether EXCLUDE takes place i of the frame. */
static bool testTaken(const Test *t, const Place *p, u32 at, u32 i) {
  bool peer = i >= p->peer_from && i < p->peer_to;
  switch (t->w.frame.exclude) {
    case EXCLUDE_NONE: return false;
    case EXCLUDE_ROW: return i == at;
    case EXCLUDE_GROUP: return peer;
    default: return peer && i != at;
  }
}

static bool testSkips(const Test *t, u32 i) {
  return t->w.ignore_nulls &&
      snBit(t->r.col[t->w.arg[0]].nulls, t->sorted[i]);
}

/* The n-th row of the frame that counts, or -1. */
static i64 testNth(const Test *t, const Place *p, u32 at, i64 n, bool last) {
  for (u32 k = p->a; k < p->b; k++) {
    u32 i = last ? p->b - 1 - (k - p->a) : k;
    if (testTaken(t, p, at, i) || testSkips(t, i)) continue;
    if (!--n) return t->sorted[i];
  }
  return -1;
}

/* The row k behind a place among those that count, or -1. */
static i64 testStep(const Test *t, const Place *p, u32 at, i64 k) {
  i64 i = at;
  while (k) {
    i += k < 0 ? -1 : 1;
    if (i < p->from || i >= p->to) return -1;
    if (!testSkips(t, (u32)i)) k += k < 0 ? 1 : -1;
  }
  return t->sorted[i];
}

typedef struct Want { bool null; double v; i64 row; } Want;

/* What a function gives at a place: a number, or the value of a row of its
** first argument (row >= 0). */
static Want testWant(const Test *t, const char *name, u32 at) {
  Place p = testPlace(t, at);
  const RowStore *r = &t->r;
  u32 row = t->sorted[at], n = p.to - p.from, groups = 0;
  const RowCol *x = r->col + t->w.arg[0];
  Want w = {false, 0, -1};
  i64 k;
  if (!strcmp(name, "row_number")) w.v = at - p.from + 1;
  else if (!strcmp(name, "rank")) w.v = p.peer_from - p.from + 1;
  else if (!strcmp(name, "percent_rank"))
    w.v = n > 1 ? (double)(p.peer_from - p.from) / (n - 1) : 0;
  else if (!strcmp(name, "cume_dist"))
    w.v = (double)(p.peer_to - p.from) / n;
  else if (!strcmp(name, "dense_rank")) {
    for (u32 i = p.from + 1; i <= at; i++)
      groups += !testEqual(t, t->w.order, t->w.norder, i - 1, i);
    w.v = groups + 1;
  } else if (!strcmp(name, "ntile")) {
    u32 tiles = (u32)x->i[t->sorted[p.from]], i = p.from, tile = 0;
    while (i <= at) i += n / tiles + (tile++ < n % tiles);
    w.v = tile;
  } else if (!strcmp(name, "lag") || !strcmp(name, "lead")) {
    k = t->w.narg > 1 ? r->col[t->w.arg[1]].i[row] : 1;
    w.row = testStep(t, &p, at, name[1] == 'a' ? -k : k);
    if (w.row >= 0) return w;
    if (t->w.narg > 2) w.v = 777;
    else w.null = true;
  } else if (!strcmp(name, "derivative")) {
    u32 was = at > p.from ? t->sorted[at - 1] : row;
    w.null = was == row || snBit(x->nulls, row) || snBit(x->nulls, was);
    w.v = x->form == FORM_REAL ? x->d[row] - x->d[was]
        : (double)(x->i[row] - x->i[was]);
  } else if (!strcmp(name, "ewma")) {
    w.null = true;
    for (u32 i = p.from; i <= at; i++) {
      double al = r->col[t->w.arg[1]].d[t->sorted[i]];
      if (snBit(x->nulls, t->sorted[i])) continue;
      w.v = w.null ? x->d[t->sorted[i]]
          : al * x->d[t->sorted[i]] + (1 - al) * w.v;
      w.null = false;
    }
  } else {
    k = !strcmp(name, "nth_value") ? r->col[t->w.arg[1]].i[row] : 1;
    w.row = testNth(t, &p, at, k,
        t->w.from_last || !strcmp(name, "last_value"));
    w.null = w.row < 0;
  }
  return w;
}

static bool testCellSame(const RowCol *x, u32 a, const RowCol *y, u32 b) {
  if (snBit(x->nulls, a) || snBit(y->nulls, b))
    return snBit(x->nulls, a) && snBit(y->nulls, b);
  if (x->form == FORM_INT) return x->i[a] == y->i[b];
  if (x->form == FORM_REAL)
    return x->d[a] == y->d[b] || (isnan(x->d[a]) && isnan(y->d[b]));
  return x->s[a].n == y->s[b].n &&
      (!x->s[a].n || !memcmp(x->s[a].p, y->s[b].p, x->s[a].n));
}

static bool testSame(const Test *t, u32 row, const Want *w) {
  const RowCol *out = t->r.col + t->w.out;
  if (w->row >= 0) {
    return testCellSame(out, row, t->r.col + t->w.arg[0], (u32)w->row);
  }
  if (w->null || snBit(out->nulls, row)) {
    return w->null == snBit(out->nulls, row);
  }
  return out->form == FORM_INT ? out->i[row] == (i64)w->v
                               : out->d[row] == w->v;
}

/* ---- Functions ---------------------------------------------------------- */

static void testTable(void) {
  const WindowFunc *f;
  u32 n = 0;
  bool good = true;
  for (; (f = snWindowAt(n)) != NULL; n++) {
    u32 k = 0;
    for (u32 i = 0; i < n; i++) k += !strcmp(f->name, snWindowAt(i)->name);
    good = good && snWindowFind(f->name, strlen(f->name), k) == f;
  }
  testOk(n == 20 && good, "twenty entries");
  testOk(snWindowFind("Row_Number", 10, 0) && !snWindowFind("rank", 4, 1) &&
      !snWindowFind("ran", 3, 0) && snWindowFind("derivative", 10, 1),
      "names of any case");
}

/* Sets arguments that go with the letters of the function. */
static u8 testArgs(Test *t, const WindowFunc *f) {
  static const u32 any[] = {C_INT, C_REAL, C_TEXT};
  WindowCall *w = &t->w;
  u32 arg[3] = {any[testRandom(3)], C_K, C_INT}, n = 0;
  for (const char *p = f->args; *p; p++) n += *p != '?';
  if (!strcmp(f->args, "rr")) arg[0] = C_REAL, arg[1] = C_ALPHA;
  if (!strcmp(f->args, "r")) arg[0] = C_REAL;
  if (!strcmp(f->args, "i")) arg[0] = f->name[0] == 'n' ? C_K : C_INT;
  if (strchr(f->args, '?')) n = 1 + testRandom(2);
  w->narg = n;
  memcpy(w->arg, arg, sizeof arg);
  return f->ret == FUNC_SAME ? test_types[arg[0]] : f->ret;
}

static void testFuncs(void) {
  static const u32 sizes[] = {1, 2, 9, 60, 400};
  const WindowFunc *f;
  for (u32 k = 0; (f = snWindowAt(k)) != NULL; k++) {
    bool good = true;
    if (!strcmp(f->name, "wma") || !strncmp(f->name, "holt", 4) ||
        !strcmp(f->args, "rv") || f->name[0] == 's') {
      continue; /* pipeline.test has them */
    }
    for (u32 round = 0; good && round < 40; round++) {
      Test t;
      WindowCall args;
      testOpen(&t, sizes[round % 5], 1 + testRandom(5), 2 + testRandom(60));
      u8 type = testArgs(&t, f);
      args = t.w;
      testCall(&t, testRandom(3), testRandom(4), type);
      memcpy(t.w.arg, args.arg, sizeof args.arg);
      t.w.narg = args.narg;
      t.w.func = f;
      t.w.ignore_nulls = !testRandom(2);
      t.w.from_last = !strcmp(f->name, "nth_value") && testRandom(2);
      testFrame(&t.w);
      good = !testRun(&t);
      for (u32 at = 0; good && at < t.r.n; at++) {
        Want w = testWant(&t, f->name, at);
        good = testSame(&t, t.sorted[at], &w);
        if (!good) printf("# row %u of %u\n", at, t.r.n);
      }
      testClose(&t);
    }
    testOk(good, f->name);
  }
}

/* ---- Aggregates --------------------------------------------------------- */

/* Feeds the frame of a place to the aggregate and compares. */
static bool testAggSame(Test *t, Agg *g, Vec *args, Vec *out, u32 at) {
  Place p = testPlace(t, at);
  const WindowCall *w = &t->w;
  u32 got = t->r.n, row = t->sorted[at], none = 0;
  const RowCol *c = t->r.col + w->out;
  Arena a;
  bool good = true;
  (void)got;
  snArenaInit(&a, NULL);
  snAggReset(g);
  good = !snAggUpdate(g, NULL, 1, args, (Rows16){NULL, none}, test_error);
  for (u32 i = p.a; good && i < p.b; i++) {
    u32 from = t->sorted[i];
    if (testTaken(t, &p, at, i)) continue;
    if (w->filter >= 0) {
      const RowCol *f = t->r.col + w->filter;
      if (snBit(f->nulls, from) || !f->i[from]) continue;
    }
    for (u32 k = 0; k < w->narg; k++)
      snRowsEmit(&t->r, w->arg[k], NULL, from, 1, args + k);
    good = !snAggUpdate(g, NULL, 1, args, (Rows16){NULL, 1}, test_error);
  }
  out->nulls = NULL;
  memset(out->null_buf, 0, 512);
  good = good && !snAggFinal(g, 0, 1, &a, out);
  if (good && (snVecNull(out, 0) || snBit(c->nulls, row))) {
    good = snVecNull(out, 0) == snBit(c->nulls, row);
  } else if (good && c->form == FORM_INT) {
    good = c->i[row] == *(i64 *)out->data;
  } else if (good && c->form == FORM_REAL) {
    good = c->d[row] == *(double *)out->data;
  } else if (good) {
    const Str *s = out->data;
    good = s->n == c->s[row].n && (!s->n || !memcmp(s->p, c->s[row].p, s->n));
  }
  snArenaClear(&a);
  return good;
}

static bool testAggRound(const AggFunc *f, u32 col, bool distinct,
    u32 rows) {
  Test t;
  Vec args = testVec(test_types[col]), out;
  u8 type = f->ret == FUNC_SAME ? test_types[col]
      : f->ret == AGG_ARRAY ? TYPE_ARRAY | test_types[col] : f->ret;
  u8 in = test_types[col];
  Agg *g;
  bool good;
  out = testVec(type);
  testOpen(&t, rows, 1 + testRandom(5), 2 + testRandom(60));
  testCall(&t, testRandom(3), testRandom(4), type);
  t.w.agg = f;
  t.w.arg[0] = col;
  t.w.narg = f->args[0] != 0;
  t.w.distinct = distinct;
  if (testRandom(2)) t.w.filter = C_PASS;
  testFrame(&t.w);
  good = !testRun(&t) &&
      !snAggOpen(&test_budget, f, &in, t.w.narg, distinct, &g);
  for (u32 at = 0; good && at < t.r.n; at++) {
    good = testAggSame(&t, g, &args, &out, at);
    if (!good) {
      printf("# row %u of %u, frame %u %u..%u exclude %u\n", at, t.r.n,
          t.w.frame.mode, t.w.frame.start, t.w.frame.end,
          t.w.frame.exclude);
    }
  }
  snAggClose(g);
  testVecFree(&args);
  testVecFree(&out);
  testClose(&t);
  return good;
}

static const AggFunc *testAgg(const char *name, char letter) {
  const AggFunc *f;
  for (u32 k = 0; (f = snAggFind(name, strlen(name), k)) != NULL; k++)
    if (f->args[0] == letter || f->args[0] == '*') return f;
  return NULL;
}

static void testAggs(void) {
  static const struct { const char *name; u32 col; char letter; } calls[] = {
    {"count", C_INT, 0}, {"count", C_TEXT, '*'}, {"sum", C_INT, 'i'},
    {"sum", C_REAL, 'r'}, {"avg", C_INT, 'i'}, {"avg", C_REAL, 'r'},
    {"min", C_INT, '*'}, {"max", C_REAL, '*'}, {"min", C_TEXT, '*'},
    {"max", C_TEXT, '*'}, {"total", C_REAL, 'r'}, {"array_agg", C_INT, '*'},
    {"array_agg", C_TEXT, '*'}, {"median", C_REAL, 'r'},
    {"stddev", C_REAL, 'r'}};
  static const u32 sizes[] = {1, 2, 9, 60, 200};
  for (u32 k = 0; k < SN_COUNT(calls); k++) {
    const AggFunc *f = testAgg(calls[k].name, calls[k].letter);
    bool good = f != NULL;
    char name[60];
    for (u32 round = 0; good && round < 40; round++) {
      bool distinct = calls[k].letter && !testRandom(4);
      good = testAggRound(f, calls[k].col, distinct, sizes[round % 5]);
    }
    snprintf(name, sizeof name, "%s() of column %u", calls[k].name,
        calls[k].col);
    testOk(good, name);
  }
}

/* Many partitions: more than a batch of groups. */
static void testManyParts(void) {
  const AggFunc *f = testAgg("count", 0);
  Test t;
  bool good;
  testOpen(&t, 30000, 9000, 10);
  testCall(&t, true, false, TYPE_INTEGER);
  t.w.agg = f;
  t.w.frame = (Frame){FRAME_RANGE, FRAME_UNBOUNDED_PRECEDING, FRAME_CURRENT,
      0, 0, 0, 0, 0};
  good = f && !testRun(&t);
  for (u32 at = 0; good && at < t.r.n; at += 1 + testRandom(20)) {
    Place p = testPlace(&t, at);
    good = t.r.col[t.w.out].i[t.sorted[at]] == (i64)p.b - p.a;
  }
  testOk(good, "many partitions");
  testClose(&t);
}

/* ---- Errors and the like ------------------------------------------------ */

static void testFuncError(const char *name, u32 arg, u32 col, i64 v,
    const char *want) {
  Test t;
  testOpen(&t, 50, 2, 30);
  testCall(&t, true, true, TYPE_REAL);
  t.w.func = snWindowFind(name, strlen(name), 0);
  t.w.arg[0] = C_REAL;
  t.w.arg[arg] = col;
  t.w.narg = 2;
  for (u32 i = 0; i < t.r.n; i++) {
    snBitClear(t.r.col[col].nulls, i);
    if (t.r.col[col].form == FORM_INT) t.r.col[col].i[i] = v;
    else t.r.col[col].d[i] = (double)v;
  }
  t.w.frame.end = FRAME_UNBOUNDED_FOLLOWING;
  testOk(testRun(&t) == SEINE_ERROR && strstr(test_error, want), want);
  testClose(&t);
}

static void testErrors(void) {
  Test t;
  testFuncError("ntile", 0, C_K, 0, "ntile()");
  testFuncError("ntile", 0, C_K, -3, "above 0");
  testFuncError("nth_value", 1, C_K, 0, "nth_value()");
  testFuncError("ewma", 1, C_ALPHA, 2, "alpha");
  testOpen(&t, 10, 2, 30);
  testCall(&t, false, true, TYPE_INTEGER);
  t.w.func = snWindowFind("lag", 3, 0);
  t.w.narg = 3;
  t.w.arg[0] = C_INT;
  t.w.arg[1] = C_K;
  t.w.arg[2] = C_TEXT;
  testOk(testRun(&t) == SEINE_ERROR && strstr(test_error, "default"),
      "a default that cannot be held");
  t.w.arg[2] = C_INT;
  for (u32 i = 0; i < t.r.n; i++)
    t.r.col[C_K].i[i] = i & 1 ? INT64_MIN : INT64_MAX;
  testOk(!testRun(&t), "offsets beyond all rows");
  t.w.frame = (Frame){FRAME_RANGE, FRAME_PRECEDING, FRAME_CURRENT, 1, 0, 0, 0,
      0};
  t.w.norder = 0;
  testOk(testRun(&t) == SEINE_ERROR && strstr(test_error, "RANGE"),
      "RANGE with a number and no order");
  t.w.norder = 1;
  t.w.frame = (Frame){FRAME_ROWS, FRAME_PRECEDING, FRAME_CURRENT, -1, 0, 0, 0,
      0};
  testOk(testRun(&t) == SEINE_ERROR && strstr(test_error, "negative"),
      "a negative frame");
  testClose(&t);
  testOpen(&t, 0, 1, 2);
  testCall(&t, true, true, TYPE_INTEGER);
  t.w.func = snWindowFind("rank", 4, 0);
  testOk(!testRun(&t), "no rows");
  testClose(&t);
}

static void testOverflow(void) {
  Test t;
  testOpen(&t, 5, 1, 30);
  testCall(&t, false, false, TYPE_INTEGER);
  t.w.agg = testAgg("sum", 'i');
  t.w.narg = 1;
  t.w.arg[0] = C_INT;
  for (u32 i = 0; i < 5; i++) {
    snBitClear(t.r.col[C_INT].nulls, i);
    t.r.col[C_INT].i[i] = i == 1 ? INT64_MAX : i == 2 ? INT64_MIN : 9;
  }
  t.w.frame = (Frame){FRAME_ROWS, FRAME_PRECEDING, FRAME_FOLLOWING, 1, 1, 0,
      0, 0};
  testOk(testRun(&t) == SEINE_ERROR && strstr(test_error, "overflow"),
      "a sum that overflows");
  t.w.frame = (Frame){FRAME_ROWS, FRAME_PRECEDING, FRAME_FOLLOWING, 0, 9, 0,
      0, 0};
  t.r.col[C_INT].i[0] = -9;
  testOk(!testRun(&t) || strstr(test_error, "overflow"), "or nearly");
  t.w.frame = (Frame){FRAME_ROWS, FRAME_UNBOUNDED_PRECEDING,
      FRAME_UNBOUNDED_FOLLOWING, 0, 0, 0, 0, 0};
  testOk(!testRun(&t), "a sum that overflows on the way only");
  t.r.col[C_INT].i[2] = 9;
  test_error[0] = 0;
  testOk(testRun(&t) == SEINE_ERROR && strstr(test_error, "overflow"),
      "the message of an aggregate");
  testClose(&t);
}

static int test_asked;
static int testStop(void *arg) {
  (void)arg;
  return ++test_asked > 3;
}

static void testCancel(void) {
  static const char *const names[] = {"rank", "lag", "first_value", "ntile",
      "derivative", "count", "array_agg"};
  Test t;
  testOpen(&t, 40000, 1, 100000);
  for (u32 i = 0; i < SN_COUNT(names); i++) {
    const char *s = names[i];
    u32 n = (u32)strlen(s);
    testCall(&t, false, true, i == 6 ? TYPE_ARRAY | TYPE_INTEGER
                                     : TYPE_INTEGER);
    t.w.func = i < 5 ? snWindowFind(s, n, 0) : NULL;
    t.w.agg = i < 5 ? NULL : testAgg(s, i == 5 ? 0 : '*');
    t.w.narg = i != 0 && i != 5;
    t.w.arg[0] = i == 3 ? C_K : C_INT;
    t.w.frame = (Frame){FRAME_ROWS, FRAME_PRECEDING, FRAME_FOLLOWING,
        100, 100, 0, 0, 0};
    test_asked = 0;
    testOk(snWindowRun(&t.r, t.sorted, &t.w, testStop, NULL, test_error) ==
        SEINE_INTERRUPT && test_asked == 4, s);
  }
  testClose(&t);
}

/* Frames of 50,000 rows: only when they slide is this done in time. */
static void testSpeed(void) {
  static const struct { const char *name; u32 col; char letter; } calls[] = {
    {"sum", C_REAL, 'r'}, {"max", C_INT, '*'}, {"avg", C_INT, 'i'}};
  Test t;
  testOpen(&t, 200000, 1, 100000);
  for (u32 i = 0; i < 3; i++) {
    const AggFunc *f = testAgg(calls[i].name, calls[i].letter);
    testCall(&t, false, true, f->ret == FUNC_SAME ? test_types[calls[i].col]
                                                  : f->ret);
    t.w.agg = f;
    t.w.narg = 1;
    t.w.arg[0] = calls[i].col;
    t.w.frame = (Frame){FRAME_ROWS, FRAME_PRECEDING, FRAME_FOLLOWING,
        25000, 25000, 0, 0, 0};
    testOk(!testRun(&t), "wide frames");
  }
  testClose(&t);
}

static void testMemory(void) {
  static const char *const names[] = {"lag", "max", "sum", "array_agg",
      "count"};
  for (u32 i = 0; i < SN_COUNT(names); i++) {
    bool good = true, whole = false;
    Test t;
    testOpen(&t, 300, 5, 30);
    testCall(&t, true, true, i == 3 ? TYPE_ARRAY | TYPE_INTEGER
        : i == 2 ? TYPE_REAL : TYPE_INTEGER);
    if (!i) t.w.func = snWindowFind("lag", 3, 0);
    else t.w.agg = testAgg(names[i], i == 2 ? 'r' : i == 4 ? 0 : '*');
    t.w.narg = i != 4;
    t.w.arg[0] = i == 2 ? C_REAL : C_INT;
    t.w.frame = (Frame){FRAME_ROWS, FRAME_PRECEDING, FRAME_FOLLOWING, 3, 3, 0,
        0, 0};
    if (i == 4) t.w.frame.end = FRAME_UNBOUNDED_FOLLOWING;
    for (i64 k = 1; good && !whole && k < 5000; k++) {
      int rc;
      snFaultMem(k, false);
      rc = testRun(&t);
      snFaultMem(0, false);
      good = !rc || rc == SEINE_NOMEM;
      whole = !rc;
    }
    testOk(good, "each allocation fails once");
    testClose(&t);
  }
}

int main(void) {
  testTable();
  testFuncs();
  testAggs();
  testManyParts();
  testErrors();
  testOverflow();
  testCancel();
  testSpeed();
  testMemory();
  testOk(test_budget.used == 0, "no memory left behind");
  printf("1..%d\n", test_count);
  return test_failed != 0;
}
