/*
** fsst: strings come back as they went in, alone and in any order; tables and
** codes that nobody wrote are refused; what it saves.
*/
#include "base/base.h"
#include "tap.h"

#define TEXTS 2000u

typedef struct Texts {
  Buf bytes, ends;
  u32 n;
} Texts;

static u32 textSeed = 7;

static u32 textRandom(u32 below) {
  textSeed = textSeed * 1664525u + 1013904223u;
  return (textSeed >> 8) % below;
}

static void textsOpen(Texts *t) {
  memset(t, 0, sizeof *t);
  snBufInit(&t->bytes, NULL);
  snBufInit(&t->ends, NULL);
}

static void textsEnd(Texts *t) {
  snBufU32(&t->ends, (u32)t->bytes.n);
  t->n++;
}

static void textsClose(Texts *t) {
  snBufClear(&t->bytes);
  snBufClear(&t->ends);
}

static u32 textsFrom(const Texts *t, u32 i) {
  return i ? snGet32(t->ends.data + 4 * (size_t)(i - 1)) : 0;
}

static u32 textsLen(const Texts *t, u32 i) {
  return snGet32(t->ends.data + 4 * (size_t)i) - textsFrom(t, i);
}

/* Whether all come back; *packed: bytes of all codes. */
static bool textsRound(const Texts *sample, const Texts *t, u64 *packed) {
  FsstMaker *k = NULL;
  Buf table, one;
  Fsst f;
  bool good = !snFsstMake(NULL, sample->bytes.data,
      (const u32 *)(const void *)sample->ends.data, sample->n, &k);
  snBufInit(&table, NULL);
  snBufInit(&one, NULL);
  *packed = 0;
  if (good) snFsstPutTable(k, &table);
  Rd r = {table.data, table.data + table.n, false};
  good = good && !snFsstTable(&r, &f) && r.p == r.end;
  for (u32 i = t->n; good && i-- > 0;) {
    const u8 *p = t->bytes.data + textsFrom(t, i);
    u32 n = textsLen(t, i);
    one.n = 0;
    snFsstPut(k, &one, p, n);
    *packed += one.n;
    u8 *room = snMemAlloc(NULL, 8 * one.n + 8), *end;
    end = room ? snFsstGet(&f, one.data, (u32)one.n, room) : NULL;
    good = end && (size_t)(end - room) == n && !memcmp(room, p, n);
    snMemFree(room);
  }
  snMemFree(k);
  snBufClear(&table);
  snBufClear(&one);
  return good;
}

static void testKinds(void) {
  static const char *const part[] = {"http://", "www.", "example", ".com/",
      "search?q=", "&page=", "index", ".html", "catalog/", "item-"};
  u64 packed;
  Texts t;
  textsOpen(&t);
  for (u32 i = 0; i < TEXTS; i++) {
    snBufStr(&t.bytes, part[0]);
    for (u32 k = textRandom(6); k; k--)
      snBufStr(&t.bytes, part[textRandom(SN_COUNT(part))]);
    snBufPrintf(&t.bytes, "%u", textRandom(1000));
    textsEnd(&t);
  }
  tapOk(textsRound(&t, &t, &packed), "addresses come back");
  tapOk(packed * 3 < t.bytes.n, "and take less than a third: %llu of %zu",
      (unsigned long long)packed, t.bytes.n);
  textsClose(&t);
  textsOpen(&t);
  for (u32 i = 0; i < TEXTS; i++) {
    for (u32 k = textRandom(20); k; k--)
      snBufByte(&t.bytes, (u8)textRandom(256));
    textsEnd(&t);
  }
  tapOk(textsRound(&t, &t, &packed), "bytes of all kinds come back");
  tapOk(packed <= 2 * t.bytes.n, "and take at most twice their room");
  textsClose(&t);
  textsOpen(&t);
  for (u32 i = 0; i < TEXTS; i++) {
    for (u32 k = textRandom(30); k; k--) snBufByte(&t.bytes, 0);
    textsEnd(&t);
  }
  tapOk(textsRound(&t, &t, &packed), "zeros come back, however many");
  textsClose(&t);
}

static void testStrangers(void) {
  u64 packed;
  Texts a, b, none;
  textsOpen(&a);
  textsOpen(&b);
  textsOpen(&none);
  for (u32 i = 0; i < TEXTS; i++) {
    snBufPrintf(&a.bytes, "%u", textRandom(1000000));
    textsEnd(&a);
    for (u32 k = textRandom(9); k; k--)
      snBufByte(&b.bytes, (u8)(0xf0 + textRandom(16)));
    textsEnd(&b);
  }
  tapOk(textsRound(&a, &b, &packed) && packed == 2 * b.bytes.n,
      "what the sample never had takes two bytes for one");
  tapOk(textsRound(&none, &b, &packed), "an empty sample makes an empty table");
  textsClose(&a);
  textsClose(&b);
  textsClose(&none);
}

static int testTable(const char *p, u32 n) {
  Rd r = {(const u8 *)p, (const u8 *)p + n, false};
  Fsst f;
  return snFsstTable(&r, &f);
}

static void testHostile(void) {
  u8 out[8 * 300 + 8], codes[300];
  Rd r = {(const u8 *)"\2\1a\2bc", (const u8 *)"\2\1a\2bc" + 6, false};
  Fsst f;
  tapOk(testTable("", 0) == SEINE_CORRUPT, "no table");
  tapOk(testTable("\1", 1) == SEINE_CORRUPT, "a symbol is missing");
  tapOk(testTable("\1\0", 2) == SEINE_CORRUPT, "a symbol without bytes");
  tapOk(testTable("\1\11abcdefghi", 11) == SEINE_CORRUPT, "one of nine bytes");
  tapOk(testTable("\1\3ab", 4) == SEINE_CORRUPT, "bytes of one are missing");
  tapOk(!testTable("\0", 1), "a table without symbols");
  tapOk(!snFsstTable(&r, &f), "a table of two");
  u8 *end = snFsstGet(&f, (const u8 *)"\0\1\1\0\377z\1", 7, out);
  tapOk(end == out + 9 && !memcmp(out, "abcbcazbc", 9), "codes and an escape");
  tapOk(!snFsstGet(&f, (const u8 *)"\2", 1, out), "a code of no symbol");
  tapOk(!snFsstGet(&f, (const u8 *)"\1\1\2\1\1", 5, out), "... among others");
  tapOk(!snFsstGet(&f, (const u8 *)"\1\377", 2, out), "an escape at the end");
  bool inside = true;
  for (u32 i = 0; i < 20000; i++) {
    u32 n = textRandom(300);
    for (u32 k = 0; k < n; k++)
      codes[k] = (u8)(textRandom(4) ? textRandom(2) : textRandom(256));
    end = snFsstGet(&f, codes, n, out);
    inside = inside && (!end || (end >= out && end <= out + 8 * n));
  }
  tapOk(inside, "random codes stay inside");
}

static void testMemory(void) {
  Texts t;
  int rc = SEINE_NOMEM;
  u32 fails = 0;
  textsOpen(&t);
  snBufStr(&t.bytes, "some text, some more text");
  textsEnd(&t);
  for (i64 at = 1; rc == SEINE_NOMEM && at < 10; at++) {
    FsstMaker *k;
    snFaultMem(at, false);
    rc = snFsstMake(NULL, t.bytes.data,
        (const u32 *)(const void *)t.ends.data, t.n, &k);
    snFaultMem(0, false);
    fails += rc == SEINE_NOMEM && !k;
    snMemFree(k);
  }
  tapOk(!rc && fails == 2, "each of two allocations may fail");
  textsClose(&t);
}

int main(void) {
  testKinds();
  testStrangers();
  testHostile();
  testMemory();
  return tapEnd();
}
