/*
** col_bytes_test: a window of a column made by hand, whole or damaged in one
** place, and read in each way: whole, in part, by filters, value by value.
** Who comes by the damage says CORRUPT; what is whole gives its values.
*/
#include "index/part.h"

typedef enum Way {
  WAY_WINDOW,        /* all rows */
  WAY_NONE,          /* none of them: what is packed is passed over */
  WAY_FILTER,        /* those in [lo, hi] */
  WAY_PICK           /* row lo alone */
} Way;

/* Two rows, if n is not said, in [min, max] of a zone that decides nothing. */
typedef struct Hand {
  u8 codec, param;
  u32 n;
  u16 nulls;
  Bytes data;
} Hand;

typedef struct Case {
  const char *name;
  SecKind kind;
  Hand h;
  Way way;
  i64 lo, hi;
  bool good;
  i64 want[2];       /* the values; of a filter, the first: its bits */
} Case;

#define HAND_MAX (INT64_C(1) << 40)
#define CASE_ZERO4 "\0\0\0\0"
#define CASE_ZERO8 CASE_ZERO4 CASE_ZERO4
#define CASE_PAD   "\0\0\0\0\0\0\0"       /* behind a width */
#define CASE_FOR(w) w CASE_PAD CASE_ZERO8 /* of one mini-block from 0 on */
#define CASE_ROW   CASE_ZERO4 "\1\0\0\0" CASE_ZERO8 CASE_ZERO8 CASE_ZERO8
#define CASE_ZEROS CASE_ZERO8 CASE_ZERO8 CASE_ZERO8 CASE_ZERO8
#define CASE_TABLE "\2\0\0\0\1\0\0\0" CASE_ZERO8 "\1" CASE_PAD /* 0, 1 */
#define CASE_5     "\5" CASE_PAD
#define CASE_HIGH  "\0\0\0\0\2\0\0\0"     /* 2^33 */
#define D(s) .data = PART_BYTES(s)
#define AS(way_) .way = WAY_##way_
#define SCALED(c) ((c) | COL_SCALED)

static const char many[3000] = "\1\1\0\0\1"; /* a table of 257 */

static const Case cases[] = {
  /* integers, whole */
  {"packed numbers", SEC_INTS, {COL_FOR, D(CASE_FOR("\1") CASE_ROW)},
      AS(WINDOW), 0, 0, true, {0, 1}},
  {"... filtered", SEC_INTS, {COL_FOR, D(CASE_FOR("\1") CASE_ROW)},
      AS(FILTER), 1, 1, true, {2}},
  {"... picked", SEC_INTS, {COL_FOR, D(CASE_FOR("\1") CASE_ROW)},
      AS(PICK), 1, 0, true, {1}},
  {"wide ones", SEC_INTS, {COL_FOR,
      D(CASE_FOR("\x28") CASE_ROW CASE_ROW)}, AS(WINDOW), 0, 0, true,
      {0, (INT64_C(1) << 32) + 1}},
  {"... filtered, from half to half", SEC_INTS, {COL_FOR,
      D(CASE_FOR("\x28") CASE_ROW CASE_ROW)}, AS(FILTER), 1, HAND_MAX - 1,
      true, {2}},
  {"... filtered, in one half", SEC_INTS, {COL_FOR,
      D(CASE_FOR("\x28") CASE_ROW CASE_ROW)}, AS(FILTER), 1, 2, true, {0}},
  {"multiples", SEC_INTS, {COL_GCD, D(CASE_5 CASE_FOR("\1") CASE_ROW)},
      AS(WINDOW), 0, 0, true, {0, 5}},
  {"a table", SEC_INTS, {COL_TABLE, D(CASE_TABLE CASE_ROW)}, AS(WINDOW), 0, 0,
      true, {0, 1}},
  {"... filtered", SEC_INTS, {COL_TABLE, D(CASE_TABLE CASE_ROW)}, AS(FILTER),
      1, 1, true, {2}},
  {"runs", SEC_INTS, {COL_RLE, D("\2\0\0\0" CASE_ZERO4 CASE_ZERO8 CASE_5
      "\1\0\2\0")}, AS(FILTER), 1, 9, true, {2}},
  {"steps", SEC_INTS, {COL_DELTA, D("\0" CASE_PAD CASE_5 CASE_5)}, AS(WINDOW),
      0, 0, true, {5, 10}},

  /* integers, damaged */
  {"no codec", SEC_INTS, {.codec = 8}, AS(WINDOW)},
  {"... filtered", SEC_INTS, {.codec = 8}, AS(FILTER), 1, 1},
  {"... picked", SEC_INTS, {.codec = 8}, AS(PICK)},
  {"more NULLs than rows", SEC_INTS, {COL_CONST, .nulls = 3}, AS(WINDOW)},
  {"NULLs that are cut", SEC_INTS, {COL_CONST, .nulls = 1, D("\1")},
      AS(WINDOW)},
  {"a divisor cut", SEC_INTS, {COL_GCD, D("\5")}, AS(WINDOW)},
  {"bases cut", SEC_INTS, {COL_FOR, D("\1" CASE_PAD)}, AS(WINDOW)},
  {"... filtered", SEC_INTS, {COL_FOR, D("\1" CASE_PAD)}, AS(FILTER), 1, 1},
  {"... picked", SEC_INTS, {COL_FOR, D("\1" CASE_PAD)}, AS(PICK)},
  {"packed numbers cut", SEC_INTS, {COL_FOR, D(CASE_FOR("\1") CASE_ZERO8)},
      AS(WINDOW)},
  {"... passed over", SEC_INTS, {COL_FOR, D(CASE_FOR("\1") CASE_ZERO8)},
      AS(NONE)},
  {"... filtered", SEC_INTS, {COL_FOR, D(CASE_FOR("\1") CASE_ZERO8)},
      AS(FILTER), 1, 1},
  {"... picked", SEC_INTS, {COL_FOR, D(CASE_FOR("\1") CASE_ZERO8)},
      AS(PICK)},
  {"high halves cut", SEC_INTS, {COL_FOR, D(CASE_FOR("\x28") CASE_ROW)},
      AS(WINDOW)},
  {"... filtered, from half to half", SEC_INTS, {COL_FOR,
      D(CASE_FOR("\x28") CASE_ROW)}, AS(FILTER), 1, HAND_MAX - 1},
  {"... filtered, in one half", SEC_INTS, {COL_FOR,
      D(CASE_FOR("\x28") CASE_ROW)}, AS(FILTER), 1, 2},
  {"... picked", SEC_INTS, {COL_FOR, D(CASE_FOR("\x28") CASE_ROW)},
      AS(PICK)},
  {"a width of 65", SEC_INTS, {COL_FOR, D(CASE_FOR("\x41") CASE_ROW)},
      AS(WINDOW)},
  {"... passed over", SEC_INTS, {COL_FOR, D(CASE_FOR("\x41") CASE_ROW)},
      AS(NONE)},
  {"... filtered", SEC_INTS, {COL_FOR, D(CASE_FOR("\x41") CASE_ROW)},
      AS(FILTER), 1, 1},
  {"... picked", SEC_INTS, {COL_FOR, D(CASE_FOR("\x41") CASE_ROW)},
      AS(PICK)},
  {"a mini-block that is not there", SEC_INTS, {COL_FOR, .n = 512,
      D("\1\1\0\0\0\0\0\0" CASE_ZERO8 CASE_ZERO8)}, AS(PICK), 300},
  {"least steps cut", SEC_INTS, {COL_DELTA, D(CASE_FOR("\1"))}, AS(WINDOW)},
  {"... picked", SEC_INTS, {COL_DELTA, D(CASE_FOR("\1"))}, AS(PICK)},
  {"steps cut", SEC_INTS, {COL_DELTA, D(CASE_FOR("\1") CASE_ZERO8)},
      AS(WINDOW)},
  {"... passed over", SEC_INTS, {COL_DELTA, D(CASE_FOR("\1") CASE_ZERO8)},
      AS(NONE)},
  {"... picked", SEC_INTS, {COL_DELTA, D(CASE_FOR("\1") CASE_ZERO8)},
      AS(PICK)},
  {"steps of 65 bits", SEC_INTS, {COL_DELTA, D(CASE_FOR("\x41") CASE_ZERO8)},
      AS(PICK)},
  {"a table cut", SEC_INTS, {COL_TABLE, D("\2\0\0\0\1\0\0\0" CASE_ZERO8)},
      AS(WINDOW)},
  {"... filtered", SEC_INTS, {COL_TABLE, D("\2\0\0\0\1\0\0\0" CASE_ZERO8)},
      AS(FILTER), 1, 1},
  {"... picked", SEC_INTS, {COL_TABLE, D("\2\0\0\0\1\0\0\0" CASE_ZERO8)},
      AS(PICK)},
  {"no head of a table, and nothing asked", SEC_INTS, {.codec = COL_TABLE},
      AS(NONE)},
  {"wide indexes", SEC_INTS, {COL_TABLE, D("\1\0\0\0\x09\0\0\0" CASE_ZERO8
      CASE_ROW)}, AS(WINDOW)},
  {"... filtered", SEC_INTS, {COL_TABLE, D("\1\0\0\0\x09\0\0\0" CASE_ZERO8
      CASE_ROW)}, AS(FILTER), 1, 1},
  {"... picked", SEC_INTS, {COL_TABLE, D("\1\0\0\0\x09\0\0\0" CASE_ZERO8
      CASE_ROW)}, AS(PICK)},
  {"indexes cut", SEC_INTS, {COL_TABLE, D(CASE_TABLE CASE_ZERO8)},
      AS(WINDOW)},
  {"... passed over", SEC_INTS, {COL_TABLE, D(CASE_TABLE CASE_ZERO8)},
      AS(NONE)},
  {"... filtered", SEC_INTS, {COL_TABLE, D(CASE_TABLE CASE_ZERO8)},
      AS(FILTER), 1, 1},
  {"... picked", SEC_INTS, {COL_TABLE, D(CASE_TABLE CASE_ZERO8)}, AS(PICK)},
  {"... before the mini-block", SEC_INTS, {COL_TABLE, .n = 512,
      D(CASE_TABLE CASE_ZERO8)}, AS(PICK), 300},
  {"a table of 257", SEC_INTS, {COL_TABLE,
      .data = {many, sizeof many - 1}}, AS(WINDOW)},
  {"... filtered", SEC_INTS, {COL_TABLE,
      .data = {many, sizeof many - 1}}, AS(FILTER), 1, 1},
  {"an index behind the table", SEC_INTS, {COL_TABLE,
      D("\1\0\0\0\1\0\0\0" CASE_ZERO8 CASE_ROW)}, AS(WINDOW)},
  {"... picked", SEC_INTS, {COL_TABLE,
      D("\1\0\0\0\1\0\0\0" CASE_ZERO8 CASE_ROW)}, AS(PICK), 1},
  {"runs cut", SEC_INTS, {COL_RLE, D("\2\0\0\0" CASE_ZERO4 CASE_ZERO8)},
      AS(WINDOW)},
  {"... filtered", SEC_INTS, {COL_RLE, D("\2\0\0\0" CASE_ZERO4 CASE_ZERO8)},
      AS(FILTER), 1, 1},
  {"runs that end early", SEC_INTS, {COL_RLE, D("\1\0\0\0" CASE_ZERO4
      CASE_ZERO8 "\1\0")}, AS(WINDOW)},
  {"... filtered", SEC_INTS, {COL_RLE, D("\1\0\0\0" CASE_ZERO4 CASE_ZERO8
      "\1\0")}, AS(FILTER), 1, 1},
  {"... picked", SEC_INTS, {COL_RLE, D("\1\0\0\0" CASE_ZERO4 CASE_ZERO8
      "\1\0")}, AS(PICK)},
  {"runs behind the end", SEC_INTS, {COL_RLE, D("\1\0\0\0" CASE_ZERO4
      CASE_ZERO8 "\3\0")}, AS(WINDOW)},
  {"... filtered", SEC_INTS, {COL_RLE, D("\1\0\0\0" CASE_ZERO4 CASE_ZERO8
      "\3\0")}, AS(FILTER), 1, 1},
  {"runs that go back", SEC_INTS, {COL_RLE, D("\2\0\0\0" CASE_ZERO4
      CASE_ZERO8 CASE_ZERO8 "\2\0\1\0")}, AS(WINDOW)},
  {"... filtered", SEC_INTS, {COL_RLE, D("\2\0\0\0" CASE_ZERO4 CASE_ZERO8
      CASE_ZERO8 "\2\0\1\0")}, AS(FILTER), 1, 1},
  {"plain numbers cut", SEC_INTS, {COL_RAW, D(CASE_ZERO8 CASE_ZERO4)},
      AS(WINDOW)},
  {"... picked", SEC_INTS, {COL_RAW, D(CASE_ZERO8 CASE_ZERO4)}, AS(PICK), 1},
  {"... before the one picked", SEC_INTS, {COL_RAW, D(CASE_ZERO4)}, AS(PICK),
      1},

  /* doubles: bits of 0, 1, 5, and 2^33 are those below */
  {"decimals", SEC_REALS, {SCALED(COL_FOR), D(CASE_FOR("\1") CASE_ROW)},
      AS(WINDOW), 0, 0, true, {0, 0x3ff0000000000000}},
  {"... filtered", SEC_REALS, {SCALED(COL_FOR), D(CASE_FOR("\1") CASE_ROW)},
      AS(FILTER), 1, 1, true, {2}},
  {"... picked", SEC_REALS, {SCALED(COL_FOR), D(CASE_FOR("\1") CASE_ROW)},
      AS(PICK), 1, 0, true, {0x3ff0000000000000}},
  {"... many times", SEC_REALS, {SCALED(COL_GCD),
      D(CASE_HIGH CASE_FOR("\1") CASE_ROW)}, AS(WINDOW), 0, 0, true,
      {0, 0x4200000000000000}},
  {"wide decimals", SEC_REALS, {SCALED(COL_FOR),
      D(CASE_FOR("\x22") CASE_ROW CASE_ZEROS)}, AS(WINDOW), 0, 0, true,
      {0, 0x3ff0000000000000}},
  {"a table of them", SEC_REALS, {SCALED(COL_TABLE), D(CASE_TABLE CASE_ROW)},
      AS(WINDOW), 0, 0, true, {0, 0x3ff0000000000000}},
  {"runs of them", SEC_REALS, {SCALED(COL_RLE), D("\2\0\0\0" CASE_ZERO4
      CASE_ZERO8 CASE_5 "\1\0\2\0")}, AS(WINDOW), 0, 0, true,
      {0, 0x4014000000000000}},
  {"... that are cut", SEC_REALS, {SCALED(COL_RLE), D("\2\0\0\0")},
      AS(WINDOW)},
  {"decimals cut", SEC_REALS, {SCALED(COL_FOR),
      D(CASE_FOR("\1") CASE_ZERO8)}, AS(WINDOW)},
  {"... filtered", SEC_REALS, {SCALED(COL_FOR),
      D(CASE_FOR("\1") CASE_ZERO8)}, AS(FILTER), 1, 1},
  {"wide decimals cut", SEC_REALS, {SCALED(COL_FOR),
      D(CASE_FOR("\x22") CASE_ROW)}, AS(WINDOW)},
  {"a table of decimals cut", SEC_REALS, {SCALED(COL_TABLE),
      D("\2\0\0\0\1\0\0\0" CASE_ZERO8)}, AS(WINDOW)},
  {"no head of it, and nothing asked", SEC_REALS, {.codec = SCALED(COL_TABLE)},
      AS(NONE)},
  {"doubles that are scaled", SEC_REALS, {SCALED(COL_RAW),
      D(CASE_ZERO8 CASE_ZERO8)}, AS(WINDOW)},
  {"... filtered", SEC_REALS, {SCALED(COL_RAW), D(CASE_ZERO8 CASE_ZERO8)},
      AS(FILTER), 1, 1},
  {"... picked", SEC_REALS, {SCALED(COL_RAW), D(CASE_ZERO8 CASE_ZERO8)},
      AS(PICK)},
  {"a constant that is scaled", SEC_REALS, {.codec = SCALED(COL_CONST)},
      AS(WINDOW)},
  {"... picked", SEC_REALS, {.codec = SCALED(COL_CONST)}, AS(PICK)},
  {"no scale", SEC_REALS, {COL_FOR, D(CASE_FOR("\1") CASE_ROW)}, AS(WINDOW)},
  {"... filtered", SEC_REALS, {COL_FOR, D(CASE_FOR("\1") CASE_ROW)},
      AS(FILTER), 1, 1},
  {"... picked", SEC_REALS, {COL_FOR, D(CASE_FOR("\1") CASE_ROW)}, AS(PICK)},
  {"19 decimals", SEC_REALS, {SCALED(COL_FOR), 19,
      D(CASE_FOR("\1") CASE_ROW)}, AS(WINDOW)},
  {"... filtered", SEC_REALS, {SCALED(COL_FOR), 19,
      D(CASE_FOR("\1") CASE_ROW)}, AS(FILTER), 1, 1},
  {"... picked", SEC_REALS, {SCALED(COL_FOR), 19,
      D(CASE_FOR("\1") CASE_ROW)}, AS(PICK)},
  {"doubles cut", SEC_REALS, {COL_RAW, D(CASE_ZERO8)}, AS(WINDOW)},
  {"... filtered", SEC_REALS, {COL_RAW, D(CASE_ZERO8)}, AS(FILTER), 1, 1},

  /* codes of a dictionary of two */
  {"codes", SEC_CODES, {COL_FOR, D(CASE_FOR("\1") CASE_ROW)}, AS(WINDOW), 0,
      0, true, {0, 1}},
  {"... picked", SEC_CODES, {COL_FOR, D(CASE_FOR("\1") CASE_ROW)}, AS(PICK),
      1, 0, true, {1}},
  {"wide codes", SEC_CODES, {COL_FOR, D(CASE_FOR("\x22") CASE_ROW
      CASE_ZEROS)}, AS(WINDOW), 0, 0, true, {0, 1}},
  {"codes of NULLs alone", SEC_CODES, {COL_FOR, .nulls = 2,
      D("\0" CASE_PAD CASE_5)}, AS(WINDOW), 0, 0, true, {5, 5}},
  {"widths of codes cut", SEC_CODES, {.codec = COL_FOR}, AS(WINDOW)},
  {"bases of codes cut", SEC_CODES, {COL_FOR, D("\1")}, AS(WINDOW)},
  {"codes cut", SEC_CODES, {COL_FOR, D(CASE_FOR("\1") CASE_ZERO8)},
      AS(WINDOW)},
  {"a code behind the dictionary", SEC_CODES, {COL_FOR,
      D("\1" CASE_PAD "\1" CASE_PAD CASE_ROW)}, AS(WINDOW)},
  {"... of a base", SEC_CODES, {COL_FOR, D("\1" CASE_PAD CASE_5 CASE_ROW)},
      AS(WINDOW)},
  {"... picked", SEC_CODES, {COL_FOR, D("\1" CASE_PAD CASE_5 CASE_ROW)},
      AS(PICK)},
  {"... in a table", SEC_CODES, {COL_TABLE, D("\1\0\0\0\0\0\0\0" CASE_5)},
      AS(WINDOW)},
};

/* ---- made --------------------------------------------------------------- */

static void caseValues(Part *p) {
  DictWriter w;
  Buf b;
  snBufInit(&b, &test_budget);
  snDictWriteInit(&w, &test_budget, false, false);
  snDictWriteAdd(&w, "a", 1, 1, 1, NULL, 0);
  snDictWriteAdd(&w, "b", 1, 1, 1, NULL, 0);
  snDictWriteEnd(&w, 2, &b);
  snSegWriteBuf(&p->w, SEC_VALUES, 4, &b);
  snDictWriteFree(&w);
  snBufClear(&b);
}

static u8 caseType(SecKind k) {
  return k == SEC_INTS ? TYPE_INTEGER : k == SEC_REALS ? TYPE_REAL
                                                       : TYPE_KEYWORD;
}

static ColReader *caseOpen(const Case *c, Part *p) {
  u32 n = c->h.n ? c->h.n : 2;
  double max = (double)HAND_MAX;
  ColReader *r = NULL;
  u64 bits;
  Buf b;
  memcpy(&bits, &max, sizeof bits);
  snBufInit(&b, &test_budget);
  partInit(p);
  snBufU64(&b, n);
  snBufU32(&b, 1);
  snBufByte(&b, caseType(c->kind));
  snBufZero(&b, 3);
  snBufU64(&b, 0); /* the zone, from 0 */
  snBufU64(&b, c->kind == SEC_REALS ? bits : (u64)HAND_MAX);
  snBufU32(&b, 0);
  snBufByte(&b, (u8)c->h.nulls);
  snBufByte(&b, 0);
  snBufByte(&b, c->h.codec);
  snBufByte(&b, c->h.param);
  partAdd(&b, c->h.data);
  snSegWriteBuf(&p->w, c->kind, 4, &b);
  snBufClear(&b);
  caseValues(p);
  if (partOpen(p, n)) p->rc = snColOpen(p->g, 4, caseType(c->kind), &r);
  return r;
}

/* ---- read --------------------------------------------------------------- */

static int caseRead(const Case *c, ColReader *r, i64 *v) {
  static const u64 none[SN_WORDS];
  u64 nulls[SN_WORDS] = {0}, bits[SN_WORDS];
  u32 doc = (u32)c->lo;
  bool any;
  switch (c->way) {
  case WAY_WINDOW: return snColWindow(r, 0, v, nulls, &any);
  case WAY_NONE: return snColSome(r, 0, none, v, nulls, &any);
  case WAY_PICK: return snColGather(r, &doc, 1, v, nulls);
  default: break;
  }
  memset(bits, 0xff, sizeof bits);
  int rc = c->kind == SEC_REALS
      ? snColFilterReal(r, 0, (double)c->lo, (double)c->hi, bits)
      : snColFilter(r, 0, c->lo, c->hi, bits);
  v[0] = (i64)(bits[0] & 3);
  return rc;
}

static bool caseSame(const Case *c, const void *got) {
  u32 n = c->way == WAY_WINDOW ? 2 : 1;
  for (u32 i = 0; i < n; i++) {
    i64 v;
    memcpy(&v, (const i64 *)got + i, sizeof v);
    if (c->kind == SEC_CODES) v = ((const u32 *)got)[i];
    if (v != c->want[i]) return testNo("value", (u64)v, (u64)c->want[i]);
  }
  return true;
}

static void caseRun(const Case *c) {
  static i64 v[SN_WINDOW];
  Part p;
  ColReader *r = caseOpen(c, &p);
  int rc = r ? caseRead(c, r, v) : p.rc;
  if (rc || !c->good)
    testRc(rc, c->good ? SEINE_OK : SEINE_CORRUPT, c->name);
  else
    testOk(caseSame(c, v), c->name);
  partClose(&p);
}

/* Elements of what is no array, and of no document. */
static void spans(void) {
  static const Case c = {"", SEC_INTS, {COL_FOR,
      D(CASE_FOR("\1") CASE_ROW)}, AS(PICK)};
  Part p;
  ColReader *r = caseOpen(&c, &p);
  u64 from;
  u32 n;
  bool null;
  i64 v;
  testOk(r && snColSpan(r, 0, &from, &n, &null) == SEINE_CORRUPT && null,
      "numbers are no arrays");
  testOk(r && snColItem(r, 2, &v, &null) == SEINE_CORRUPT && null,
      "nor is there an element behind the last");
  partClose(&p);
}

int main(int argc, char **argv) {
  testSeed(argc, argv);
  for (u32 i = 0; i < SN_COUNT(cases); i++) caseRun(cases + i);
  spans();
  return testDone();
}
