/*
** norm_test: lengths of fields in a byte.
**   1. what Lucene's byte4 is known to be: exact below 40, its ends
**   2. the table: ascending, each length goes to the largest entry below it,
**      the loss is less than an eighth
**   3. the section of norms: its bytes, none, one of another length
*/
#include "index/part.h"

static void normKnown(void) {
  static const struct { u32 length; u8 norm; } known[] = {
    {0, 0}, {1, 1}, {23, 23}, {24, 24}, {39, 39}, {40, 40}, {41, 40},
    {42, 41}, {43, 41}, {54, 47}, {55, 47}, {56, 48}, {59, 48}, {60, 49},
    /* 24 + 15 * 2^27, the last entry */
    {2013265943u, 254}, {2013265944u, 255}, {INT32_MAX, 255},
    {0x80000000u, 255}, {UINT32_MAX, 255},
  };
  bool good = true;
  for (u32 i = 0; i < SN_COUNT(known); i++)
    if (snNormPut(known[i].length) != known[i].norm)
      good = testNo("norm", known[i].length, snNormPut(known[i].length));
  testOk(good, "known lengths");
  good = snNormGet(255) == 2013265944u && snNormGet(40) == 40 &&
      snNormGet(41) == 42 && snNormGet(48) == 56;
  for (u32 i = 0; i < 40; i++)
    good &= snNormPut(i) == i && snNormGet((u8)i) == i;
  testOk(good, "lengths below 40 are exact");
}

static bool normFloor(u32 length) {
  u8 b = snNormPut(length);
  u32 low = snNormGet(b);
  if (low > length) return testNo("above", length, low);
  if (b < 255 && snNormGet((u8)(b + 1)) <= length)
    return testNo("too low", length, low);
  return length - low <= length / 8 || length > 2013265944u ||
      testNo("loss", length, low);
}

static void normTable(void) {
  bool good = true;
  for (u32 b = 0; b < 256; b++) {
    u32 v = snNormGet((u8)b);
    if (snNormPut(v) != b) good = testNo("there and back", b, v);
    if (b && v <= snNormGet((u8)(b - 1))) good = testNo("ascends", b, v);
    good = good && normFloor(v) && normFloor(v + 1) && (!v || normFloor(v - 1));
  }
  testOk(good, "the table ascends and is its own inverse");
  for (u32 i = 0; good && i < 300000; i++) good = normFloor(i);
  for (u32 i = 0; good && i < 300000; i++)
    good = normFloor((u32)(testChance() >> 33) >> testRandom(31));
  testOk(good, "a length goes to the next entry below, within an eighth");
}

static void normSection(void) {
  Part p;
  Buf b;
  const u8 *out;
  partInit(&p);
  snBufInit(&b, &test_budget);
  for (u32 i = 0; i < 5000; i++) snBufByte(&b, snNormPut(i));
  snSegWriteBuf(&p.w, SEC_NORMS, 3, &b);
  b.n = 4999;
  snSegWriteBuf(&p.w, SEC_NORMS, 4, &b);
  bool good = partOpen(&p, 5000);
  testOk(good && !snNormBytes(p.g, 3, &out) && out &&
      out[0] == 0 && out[39] == 39 && out[4999] == snNormPut(4999),
      "a section of norms");
  testOk(good && !snNormBytes(p.g, 5, &out) && !out, "a column without");
  testOk(good && snNormBytes(p.g, 4, &out) == SEINE_CORRUPT,
      "one document short: damage");
  snBufClear(&b);
  partClose(&p);
}

int main(int argc, char **argv) {
  testSeed(argc, argv);
  normKnown();
  normTable();
  normSection();
  return testDone();
}
