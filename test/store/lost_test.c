/*
** What a store says that it lost, when it saves the rest of a damaged file.
**   1  one that does not save says nothing, and passes nothing over
**   2  no text is there twice; there are at most 1,000: the last one says that
**      there are more
**   3  want of memory loses a text, not what it is about
**   4  pages that the disk does not give are zeros, wherever a read begins and
**      ends; other errors are errors
*/
#include "store/toy.h"

static Store *lostOpen(bool recover) {
  StoreConfig c = {.vfs = &probeVfs, .path = toyPath, .message = toyMessage,
      .read_only = recover, .recover = recover};
  Store *s = NULL;
  return snStoreOpen(&c, &s) ? NULL : s;
}

/* ---- 1: not one that saves ---------------------------------------------- */

static void plainGroup(void) {
  Store *s = lostOpen(false);
  snLostSay(s, "page %d", 1);
  toyOk(!snLostAllowed(s) && !snLostText(s, 0), "nothing is said");
  toyOk(snLostPass(s, SEINE_CORRUPT, "page %d", 1) == SEINE_CORRUPT
      && !snLostPass(s, SEINE_OK, "page") && !snLostText(s, 0),
      "and damage is an error");
  snStoreClose(s);
}

/* ---- 2: texts ----------------------------------------------------------- */

static void textGroup(void) {
  static const struct {
    int rc, becomes;
    bool said;
  } pass[] = {
    {SEINE_OK, SEINE_OK, false}, {SEINE_CORRUPT, SEINE_OK, true},
    {SEINE_IOERR, SEINE_IOERR, false}, {SEINE_NOMEM, SEINE_NOMEM, false},
    {SEINE_NOTADB, SEINE_NOTADB, false},
  };
  Store *s = lostOpen(true);
  bool good = snLostAllowed(s) && !snLostText(s, 0);
  for (u32 i = 0, n = 0; good && i < SN_COUNT(pass); i++) {
    good = snLostPass(s, pass[i].rc, "case %u", i) == pass[i].becomes;
    n += pass[i].said;
    good = good && (snLostText(s, n) == NULL)
        && (n == 0) == (snLostText(s, 0) == NULL);
  }
  toyOk(good && !strcmp(snLostText(s, 0), "case 1"),
      "damage alone is passed over, and said");
  for (u32 i = 0; i < 3; i++) {
    snLostSay(s, "case %u", 1);
    snLostSay(s, "case %u", 2 + i % 2);
  }
  toyOk(!strcmp(snLostText(s, 1), "case 2") && !strcmp(snLostText(s, 2),
      "case 3") && !snLostText(s, 3), "no text is there twice");
  for (u32 i = 2; i < 998; i++) snLostSay(s, "case %u", i);
  toyOk(!strcmp(snLostText(s, 996), "case 997") && !snLostText(s, 997),
      "997 of them");
  for (u32 i = 0; i < 1200; i++) snLostSay(s, "case %u", i);
  toyOk(!strcmp(snLostText(s, 997), "case 0")
      && !strcmp(snLostText(s, 998), "case 998")
      && !strcmp(snLostText(s, 999), "and more")
      && !snLostText(s, 1000) && !snLostText(s, UINT32_MAX),
      "a thousand, and no more");
  snStoreClose(s);
}

/* ---- 3: memory ---------------------------------------------------------- */

static void memoryGroup(void) {
  u32 missed = 0;
  bool good = true;
  for (i64 n = 1; good && n <= 4; n++) {
    Store *s = lostOpen(true);
    snFaultMem(n, false);
    good = !snLostPass(s, SEINE_CORRUPT, "a segment");
    snFaultMem(0, false);
    missed += snLostText(s, 0) == NULL;
    snLostSay(s, "a segment");
    good = good && snLostText(s, 0) && !snLostText(s, 1);
    snStoreClose(s);
  }
  toyOk(good && missed == 2, "no memory for the list, or for the text");
}

/* ---- 4: pages ----------------------------------------------------------- */

static u8 pageWant[8 * SN_PAGE], pageGot[8 * SN_PAGE];

/* Reads [at, at + n); the call after the first one that fails is that of the
** page `bad` of them; every page that is said to be lost is zeros. */
static bool pageRead(u64 at, u64 n, u64 bad) {
  Store *s = lostOpen(true);
  u64 page = at / SN_PAGE + bad;
  char text[60];
  snprintf(text, sizeof text, "page %llu cannot be read from the disk",
      (unsigned long long)page);
  probeFail(PROBE_READ, bad + 1, false);
  bool good = !snLostRead(s, at, pageGot, n);
  probeFail(PROBE_OPEN, 0, false);
  for (u64 i = 0; good && i < n; i++) {
    bool lost = (at + i) / SN_PAGE == page;
    good = pageGot[i] == (lost ? 0 : pageWant[at + i]);
  }
  good = good && !strcmp(snLostText(s, 0), text) && !snLostText(s, 1);
  snStoreClose(s);
  return good || toyNo("read", at, bad);
}

static void pageGroup(void) {
  static const struct {
    u64 at, n, bad;
    const char *name;
  } table[] = {
    {0, SN_PAGE, 0, "a page"},
    {SN_PAGE, 3 * SN_PAGE, 0, "the first of three"},
    {SN_PAGE, 3 * SN_PAGE, 2, "the last of three"},
    {SN_PAGE + 100, 50, 0, "bytes within a page"},
    {SN_PAGE - 1, 2, 0, "the last byte of one"},
    {SN_PAGE - 1, 2, 1, "and the first of the next"},
    {700, 3 * SN_PAGE, 1, "a page of several, in their middle"},
  };
  Store *s = lostOpen(true);
  bool good = !s->file->ops->read(s->file, 0, pageWant, sizeof pageWant);
  toyOk(good && !snLostRead(s, 5, pageGot, 0) && !snLostText(s, 0)
      && !snLostRead(s, 5, pageGot, 3 * SN_PAGE) && !snLostText(s, 0)
      && !memcmp(pageGot, pageWant + 5, 3 * SN_PAGE), "nothing is lost");
  for (u32 i = 0; i < SN_COUNT(table); i++)
    toyOk(pageRead(table[i].at, table[i].n, table[i].bad), table[i].name);
  probeFail(PROBE_READ, 2, false);
  probeError = SEINE_NOMEM;
  toyOk(snLostRead(s, 0, pageGot, 3 * SN_PAGE) == SEINE_NOMEM
      && !snLostText(s, 0), "want of memory is no damage of the disk");
  probeFail(PROBE_OPEN, 0, false);
  snStoreClose(s);
}

int main(void) {
  toyName("lost_test");
  probeOver(snOsMemory());
  Store *s = toyFresh(NULL);
  toyOk(!toyBegin(s) && !toyOver(s, toyPut(s, 0, 70000)), "a file");
  snStoreClose(s);
  plainGroup();
  textGroup();
  memoryGroup();
  pageGroup();
  return toyDone();
}
