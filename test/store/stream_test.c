/*
** Extents that are written in pieces, and pages that are set aside for one.
**   1  lengths around each border, with every kind of estimate: what is read
**      is what was added, and no page more than that is taken
**   2  what lies behind a run decides where it grows; it is copied else
**   3  what is refused, and that it costs no pages
**   4  pages set aside: filled beside other commits, taken in any part
**   5  the file was renamed away, or cannot be opened again: the bytes go
**      through the descriptor that the store has
**   6  the turn, of which there is one
**   7  no memory to note the pages that are given back: the map is made anew
**   8  each allocation and each call fails, once and from then on
*/
#include "store/toy.h"

/* Begin, and ready: the map of the pages is there. */
static int streamReady(Store *s) {
  int rc = toyBegin(s);
  return rc ? rc : snWriterReady(s);
}

/* An extent of exactly n pages. */
static u64 lenOf(u64 pages) { return (pages - 1) * SN_PAGE; }

/* ---- 1: lengths --------------------------------------------------------- */

/* Streams key 0 anew; the pages that it takes, or 0: the reason is said. */
static u64 lengthPages(Store *s, u64 len, u64 estimate, u64 step) {
  Stream *t = NULL;
  u64 before = 0, pages = 0;
  int rc = streamReady(s);
  if (!rc) rc = toyFree(s, 0);
  before = toyUsed(s);
  if (!rc) rc = snStreamBegin(s, 1, estimate, &t);
  if (!rc) rc = toyAdd(t, 1, 0, len, step);
  if (!rc && snStreamLen(t) != len) toyNo("length", snStreamLen(t), len);
  if (!rc) rc = snStreamEnd(t, toyHeld);
  pages = toyUsed(s) - before;
  if (toyOver(s, rc)) return toyNo("stream", len, estimate);
  return pages;
}

static void lengthGroup(void) {
  static const u64 lens[] = {1, SN_PAGE, STORE_CHUNK - 1, STORE_CHUNK,
      STORE_CHUNK + 1, MIB - 1, MIB, MIB + 1, 2 * MIB, 2 * MIB + 1,
      3 * MIB + STORE_CHUNK + 5};
  Store *s = toyFresh(NULL);
  for (u32 i = 0; i < SN_COUNT(lens); i++) {
    u64 len = lens[i], pages = snExtentPages(len);
    const u64 estimate[] = {0, len, 2 * len, len / 2};
    bool good = true;
    char name[60];
    for (u32 k = 0; good && k < 2 * SN_COUNT(estimate); k++) {
      u64 n = lengthPages(s, len, estimate[k / 2], k % 2 ? 70000 : MIB);
      good = n == pages || toyNo("pages", n, pages);
      good = good && toyHeld[0].len == len && toyWhole(s);
    }
    snprintf(name, sizeof name, "%llu bytes", (unsigned long long)len);
    toyOk(good, name);
  }
  toyOk(lengthPages(s, 0, 0, 1) == 1 && !toyHeld[0].len && toyWhole(s),
      "no byte at all has a page of its own");
  snStoreClose(s);
}

/* ---- 2: where a run grows ----------------------------------------------- */

/* After 1 MiB the stream has room for twice as much, 514 pages; at 3 MiB it
** needs 255 more. */
typedef struct Behind {
  u64 hole; /* free pages behind it, then one in use; 0: nothing but air */
  bool stays;
  const char *name;
} Behind;

static bool behindRun(const Behind *b) {
  Store *s = toyFresh(NULL);
  Stream *t = NULL;
  int rc = streamReady(s);
  u64 page = rc ? 0 : snSpaceUsedEnd(&s->space), before = toyUsed(s);
  if (!rc) rc = snStreamBegin(s, 1, 0, &t);
  if (!rc) rc = toyAdd(t, 1, 0, MIB + 1, MIB);
  if (!rc && b->hole) rc = toyPut(s, 1, lenOf(b->hole));
  if (!rc && b->hole) rc = toyPut(s, 2, 1);
  if (!rc && b->hole) rc = toyFree(s, 1);
  if (!rc) rc = toyAdd(t, 1, MIB + 1, 3 * MIB + 1, MIB);
  if (!rc) rc = snStreamEnd(t, toyHeld);
  u64 pages = toyUsed(s) - before - (b->hole != 0);
  bool good = !toyOver(s, rc) && pages == snExtentPages(3 * MIB + 1)
      && (toyHeld[0].page == page) == b->stays && toyWhole(s);
  snStoreClose(s);
  return good;
}

static void behindGroup(void) {
  static const Behind table[] = {
    {0, true, "nothing lies behind: it doubles"},
    {514, true, "free pages for twice as much"},
    {513, true, "free pages, but not for twice as much"},
    {255, true, "free pages for just what is needed"},
    {254, false, "one page less: it is copied to the end"},
    {1, false, "next to nothing: it is copied to the end"},
  };
  for (u32 i = 0; i < SN_COUNT(table); i++)
    toyOk(behindRun(table + i), table[i].name);
}

/* ---- 3: what is refused ------------------------------------------------- */

static void refuseGroup(void) {
  Store *s = toyFresh(NULL);
  Stream *t = NULL, *other = NULL;
  ExtentRef r = {9, 9, 9, 9};
  Reserve room;
  snStreamAbort(NULL);
  toyOk(snStreamBegin(s, 1, 0, &t) == SEINE_MISUSE && !t
      && snReserve(s, 1, &room) == SEINE_MISUSE && !room.pages
      && snReserveTake(s, &r) == SEINE_MISUSE, "without a transaction");
  toyOk(!streamReady(s) && !snStreamBegin(s, 1, 0, &t)
      && snStreamBegin(s, 2, 0, &other) == SEINE_MISUSE && !other,
      "two streams at a time");
  u64 before = toyUsed(s);
  toyOk(!toyAdd(t, 1, 0, 2 * MIB + 1, MIB) && toyUsed(s) > before, "a stream");
  snStreamAbort(t);
  toyOk(toyUsed(s) == before, "given up: its pages are free");
  for (u64 len = 1; len <= 2 * MIB + 1; len += 2 * MIB) {
    toyOk((s->w.active || !streamReady(s)) && !snStreamBegin(s, 1, 0, &t)
        && !toyAdd(t, 1, 0, len, MIB), "a stream of a transaction");
    snWriterRollback(s);
    toyOk(snStreamAdd(t, "x", 1) == SEINE_MISUSE
        && snStreamEnd(t, &r) == SEINE_MISUSE && !r.page,
        "that is over: it takes and gives nothing");
  }
  toyOk(!streamReady(s) && toyUsed(s) == before
      && !snStreamBegin(s, 1, 0, &t) && !toyAdd(t, 1, 0, 1, 1), "another");
  snWriterRollback(s);
  snStreamAbort(t);
  toyOk(!streamReady(s) && !snReserve(s, MIB, &room)
      && snReserve(s, MIB, &room) == SEINE_MISUSE, "set aside twice");
  snWriterRollback(s);
  toyOk(!streamReady(s) && toyUsed(s) == before, "and nothing is lost");
  toyOk(!toyOver(s, SEINE_OK) && toyWhole(s), "the state is whole");
  snStoreClose(s);
}

/* ---- 4: pages set aside -------------------------------------------------- */

/* Sets pages aside, fills `take` of them from `skip` on while others commit,
** and takes them.  rc of what failed first; *old is held meanwhile. */
static int asideRun(Store *s, u64 pages, u64 skip, u64 len, Snapshot **old) {
  Reserve room = {0, 0};
  Stream *t = NULL;
  ExtentRef r = {0};
  int rc = snSnapshotOpen(s, old);
  if (!rc) rc = toyBegin(s);
  if (!rc) rc = toyOver(s, snReserve(s, lenOf(pages), &room));
  if (!rc && room.pages != pages) rc = toyNo("room", room.pages, pages);
  room.page += skip;
  room.pages -= skip;
  if (!rc) rc = snReserveStream(s, &room, 8, &t);
  for (u32 i = 0; !rc && i < 3; i++) {
    rc = toyAdd(t, 8, i * len / 3, (i + 1) * len / 3, 50000);
    if (!rc) rc = toyBegin(s);
    if (!rc) rc = toyOver(s, toyPut(s, 1 + i, 5000 * (i + 1)));
  }
  if (!rc) rc = snStreamEnd(t, &r);
  else snStreamAbort(t);
  if (!rc && r.page != room.page) rc = SEINE_ERROR;
  if (!rc) rc = toyBegin(s);
  if (!rc) {
    rc = toyFree(s, 7);
    if (!rc) rc = snReserveTake(s, &r);
    toyHeld[7] = r;
    rc = toyOver(s, rc);
  }
  return rc;
}

static void asideGroup(void) {
  static const struct {
    u64 pages, skip, take;
    int rc;
    const char *name;
  } table[] = {
    {3, 0, 3, SEINE_OK, "all of three pages"},
    {9, 0, 4, SEINE_OK, "those in front"},
    {9, 5, 4, SEINE_OK, "those at the end"},
    {9, 2, 4, SEINE_OK, "those between"},
    {300, 0, 300, SEINE_OK, "more than a megabyte"},
    {700, 0, 700, SEINE_OK, "more than two of them"},
    {3, 0, 4, SEINE_TOOBIG, "a page too much"},
    {300, 0, 301, SEINE_TOOBIG, "a page too much, after a megabyte"},
  };
  Store *s = toyFresh(NULL);
  toyOk(!toyBegin(s) && !toyOver(s, toyPut(s, 0, 70000)), "a first state");
  for (u32 i = 0; i < SN_COUNT(table); i++) {
    Snapshot *old = NULL;
    int rc = asideRun(s, table[i].pages, table[i].skip, lenOf(table[i].take),
        &old);
    snSnapshotDrop(old);
    toyOk((rc == table[i].rc || toyNo("rc", (u64)rc, i)) && toyWhole(s),
        table[i].name);
  }
  snStoreClose(s);
}

/* Of 20 pages set aside some are taken, from one of them on. */
static const struct AsideTake {
  i64 from;
  u64 pages;
  bool taken;
} asideTakes[] = {
  {-1, 1, false}, {-1, 2, false}, {0, 1, true}, {0, 20, true}, {0, 21, false},
  {5, 15, true}, {5, 16, false}, {19, 1, true}, {19, 2, false}, {20, 1, false},
};

static int asideTake(Store *s, const ExtentRef *r, u64 *pages) {
  int rc = streamReady(s);
  u64 before = toyUsed(s);
  toySaid[0] = 0;
  if (!rc) rc = snReserveTake(s, r);
  *pages = toyUsed(s) - before;
  snWriterRollback(s);
  return rc;
}

static bool asideOne(const struct AsideTake *t) {
  Store *s = toyFresh(NULL);
  Snapshot *old = NULL;
  Reserve room;
  u64 more, again;
  bool good = !snSnapshotOpen(s, &old) && !toyBegin(s)
      && !toyOver(s, toyPut(s, 0, 30000)) && !toyBegin(s)
      && !toyPut(s, 1, 1) && !toyOver(s, snReserve(s, lenOf(20), &room));
  ExtentRef r = {(u64)((i64)room.page + t->from), lenOf(t->pages), 1, 1};
  int rc = asideTake(s, &r, &more);
  if (t->taken) good = good && !rc && more == t->pages;
  else good = good && rc == SEINE_MISUSE && !more;
  /* A transaction that is rolled back gives them up. */
  good = good && asideTake(s, &r, &again) == SEINE_MISUSE && !again
      && strstr(toySaid, "nothing was set aside") && toyWhole(s);
  snSnapshotDrop(old);
  snStoreClose(s);
  return good || toyNo("taken", (u64)rc, more);
}

static void asideNowhere(void) {
  bool good = true;
  for (u32 i = 0; good && i < SN_COUNT(asideTakes); i++)
    good = asideOne(asideTakes + i);
  toyOk(good, "what was set aside can be taken, once, and nothing else");
}

/* A stream that was told no keeps saying so. */
static void asideFull(void) {
  Store *s = toyFresh(NULL);
  Snapshot *old = NULL;
  Stream *t = NULL;
  ExtentRef r;
  Reserve room;
  toyOk(!snSnapshotOpen(s, &old) && !toyBegin(s)
      && !toyOver(s, snReserve(s, MIB, &room))
      && !snReserveStream(s, &room, 1, &t)
      && toyAdd(t, 1, 0, 3 * MIB, MIB) == SEINE_TOOBIG
      && snStreamAdd(t, "x", 1) == SEINE_TOOBIG
      && snStreamAdd(t, "", 0) == SEINE_TOOBIG
      && snStreamEnd(t, &r) == SEINE_TOOBIG && !r.page && toyWhole(s),
      "more than was set aside is refused, again and again");
  snSnapshotDrop(old);
  snStoreClose(s);
}

/* ---- 5: another descriptor ---------------------------------------------- */

static int twoMegabytes(Store *s) {
  Stream *t = NULL;
  int rc = toyBegin(s);
  if (!rc) rc = toyFree(s, 0);
  if (!rc) rc = snStreamBegin(s, 1, 2 * MIB, &t);
  if (!rc) rc = toyAdd(t, 1, 0, 2 * MIB, MIB);
  if (!rc) rc = snStreamEnd(t, toyHeld);
  else snStreamAbort(t);
  return toyOver(s, rc);
}

static void descriptorGroup(void) {
  Vfs *v = snOsMemory();
  Store *s = toyFresh(NULL);
  File *f = NULL;
  toyOk(!twoMegabytes(s) && s->bulk && s->bulk != s->file,
      "a large extent has a descriptor of its own");
  snStoreClose(s);
  s = toyOpen(&probeVfs);
  probeFail(PROBE_OPEN, 1, true);
  toyOk(!twoMegabytes(s) && !s->bulk && probeHit && toyWhole(s),
      "which cannot be opened");
  probeFail(PROBE_OPEN, 0, false);
  toyOk(!v->remove(v, toyPath) && !v->open(v, toyPath, OS_CREATE, &f)
      && !twoMegabytes(s) && !s->bulk && toyWhole(s),
      "the name leads to another file");
  u64 bytes = 1;
  toyOk(!f->ops->size(f, &bytes) && !bytes, "which nothing is written to");
  f->ops->close(f);
  snStoreClose(s);
  s = snStoreOpen(&(StoreConfig){.message = toyMessage}, &s) ? NULL : s;
  if (s) snWriterSetWalk(s, toyWalk, NULL);
  toyOk(s && !twoMegabytes(s) && !s->bulk && toyWhole(s), "there is no name");
  snStoreClose(s);
}

/* ---- 6: the turn -------------------------------------------------------- */

static Store *turnOther;
static int turnAsked, turnYields; /* asked so often; then the other is over */
static u32 turnWait, turnSlept;

static int turnBusy(void *arg, int count, u32 *us) {
  (void)arg;
  if (count != turnAsked) toyNo("count", (u64)count, 0);
  turnAsked++;
  if (turnYields && count + 1 >= turnYields) snReserveOver(turnOther);
  *us = turnWait;
  return turnYields && count < turnYields;
}

static void turnSleep(Vfs *v, u32 us) {
  (void)v;
  turnSlept += us;
}

static void turnGroup(void) {
  static const struct {
    bool waits, handler;
    int yields, rc, asked;
    u32 wait, slept;
    const char *name;
  } table[] = {
    {false, false, 0, SEINE_BUSY, 0, 0, 0, "no waiting, no handler"},
    {false, true, 1, SEINE_BUSY, 0, 0, 0, "no waiting"},
    {true, false, 0, SEINE_BUSY, 0, 0, 0, "no handler"},
    {true, true, 0, SEINE_BUSY, 1, 0, 0, "a handler that gives up"},
    {true, true, 1, SEINE_OK, 1, 0, 0, "one that goes on"},
    {true, true, 3, SEINE_OK, 3, 500, 1500, "one that waits"},
  };
  Vfs v = probeVfs;
  StoreConfig c = {.vfs = &v, .path = toyPath, .create = true};
  v.sleep_us = turnSleep;
  for (u32 i = 0; i < SN_COUNT(table); i++) {
    Store *s = NULL;
    c.busy = table[i].handler ? turnBusy : NULL;
    snStoreClose(toyFresh(NULL));
    turnOther = toyOpen(&v);
    turnAsked = 0;
    turnSlept = 0;
    turnYields = table[i].yields;
    turnWait = table[i].wait;
    bool good = !snStoreOpen(&c, &s) && !snReserveTurn(turnOther, true);
    int rc = snReserveTurn(s, table[i].waits);
    good = good && rc == table[i].rc && turnAsked == table[i].asked
        && turnSlept == table[i].slept;
    snReserveOver(turnOther);
    toyOk(good && !snReserveTurn(s, false), table[i].name);
    snReserveOver(s);
    snStoreClose(s);
    snStoreClose(turnOther);
  }
}

/* ---- 7: no memory to give back ------------------------------------------ */

typedef enum GiveHow {
  GIVE_ABORT, GIVE_ROLLBACK, GIVE_END, GIVE_COPY, GIVE_LOST, GIVES
} GiveHow;

static const char *const giveNames[GIVES] = {
  "a stream that is given up", "one whose transaction is over",
  "one that has more pages than it needs", "one that was copied",
  "one whose copy failed",
};

/* A stream that has a run between others, `holes` free runs of a page each
** beside it, and many free pages behind: the run it gives back is one more. */
static int giveRun(Store *s, u32 holes, GiveHow how, i64 nth, bool *hit) {
  Stream *t = NULL;
  bool copies = how == GIVE_COPY || how == GIVE_LOST;
  u64 behind;
  int rc = streamReady(s);
  if (!rc) rc = snSpaceTake(s, &s->space, 5000, &behind);
  if (!rc) rc = snSpaceGive(s, &s->space, behind, 5000);
  for (u32 i = 1; !rc && i <= 2 * holes; i++) rc = toyPut(s, i, 1);
  if (!rc) rc = snStreamBegin(s, 1, copies ? 0 : 4 * MIB, &t);
  if (!rc) rc = toyAdd(t, 1, 0, copies ? 2 * MIB : 2 * MIB + 1, MIB);
  if (!rc) rc = toyPut(s, TOY_KEYS - 1, 1);
  for (u32 i = 1; !rc && i < 2 * holes; i += 2) rc = toyFree(s, i);
  if (how == GIVE_LOST) probeFail(PROBE_READ, 1, true);
  snFaultMem(nth, true);
  if (copies && !rc) rc = toyAdd(t, 1, 2 * MIB, 3 * MIB + 1, MIB);
  if (how == GIVE_ROLLBACK) snWriterRollback(s);
  if (how == GIVE_END && !rc) rc = snStreamEnd(t, toyHeld);
  else snStreamAbort(t);
  *hit = snFaultMemCount() >= nth;
  snFaultMem(0, false);
  probeFail(PROBE_OPEN, 0, false);
  if (how == GIVE_ROLLBACK) rc = toyBegin(s);
  return toyOver(s, rc);
}

static bool giveWhole(u32 holes, GiveHow how, i64 nth, bool *hit) {
  Store *s = toyFresh(NULL);
  int rc = giveRun(s, holes, how, nth, hit);
  bool good = !rc || rc == SEINE_NOMEM || rc == SEINE_IOERR;
  good = good && toyWhole(s) && !toyBegin(s) && !toyOver(s, SEINE_OK)
      && toyWhole(s);
  if (!good) toyNo(giveNames[how], holes, (u64)nth);
  snStoreClose(s);
  return good;
}

static void giveGroup(void) {
  for (int how = 0; how < GIVES; how++) {
    bool good = true;
    u32 hits = 0;
    for (u32 holes = 5; good && holes <= 9; holes++) {
      bool hit = true;
      for (i64 n = 1; good && hit && n < 20; n++) {
        good = giveWhole(holes, (GiveHow)how, n, &hit);
        hits += hit;
      }
    }
    toyOk(good && hits, giveNames[how]);
  }
}

/* ---- 8: faults ---------------------------------------------------------- */

/* Other extents, and holes between them. */
static int faultBefore(Store *s) {
  int rc = toyBegin(s);
  for (u32 i = 2; !rc && i < 12; i++) rc = toyPut(s, i, 3000);
  rc = toyOver(s, rc);
  for (u32 k = 0; !rc && k < 3; k++) {
    rc = toyBegin(s);
    for (u32 i = 3; !rc && i < 12; i += 2) rc = toyFree(s, i);
    rc = toyOver(s, rc);
  }
  return rc;
}

/* Ends the stream as key 0 and commits, or gives it up. */
static int faultEnd(Store *s, Stream *t, int rc) {
  if (rc) snStreamAbort(t);
  else rc = snStreamEnd(t, toyHeld);
  return toyOver(s, rc);
}

static int faultEstimate(Store *s) {
  Stream *t = NULL;
  int rc = toyBegin(s);
  if (!rc) rc = toyFree(s, 0);
  if (!rc) rc = snStreamBegin(s, 1, 2 * MIB, &t);
  if (!rc) rc = toyAdd(t, 1, 0, MIB + 1, MIB);
  if (!rc) rc = toyPut(s, 1, 5);
  return faultEnd(s, t, rc);
}

/* What lies behind the run makes it move. */
static int faultCopy(Store *s) {
  Stream *t = NULL;
  int rc = toyBegin(s);
  if (!rc) rc = toyFree(s, 0);
  if (!rc) rc = snStreamBegin(s, 1, 0, &t);
  if (!rc) rc = toyAdd(t, 1, 0, MIB + 1, MIB);
  if (!rc) rc = toyPut(s, 1, 70000);
  if (!rc) rc = toyAdd(t, 1, MIB + 1, 2 * MIB + STORE_CHUNK, MIB);
  return faultEnd(s, t, rc);
}

/* Nothing does: it grows. */
static int faultGrow(Store *s) {
  Stream *t = NULL;
  int rc = toyBegin(s);
  if (!rc) rc = toyFree(s, 0);
  if (!rc) rc = snStreamBegin(s, 1, 0, &t);
  if (!rc) rc = toyAdd(t, 1, 0, 2 * MIB + STORE_CHUNK, MIB);
  return faultEnd(s, t, rc);
}

static int faultAside(Store *s) {
  Snapshot *old = NULL;
  int rc = asideRun(s, 300, 1, lenOf(280), &old);
  snSnapshotDrop(old);
  return rc;
}

static void faultGroup(void) {
  toyFaults(faultBefore, faultEstimate, "faults: a length that is known");
  toyFaults(NULL, faultGrow, "faults: a run that grows, in a new file");
  toyFaults(faultBefore, faultCopy, "faults: a run that is copied");
  toyFaults(faultBefore, faultAside, "faults: pages set aside");
}

int main(void) {
  toyName("stream_test");
  probeOver(snOsMemory());
  lengthGroup();
  behindGroup();
  refuseGroup();
  asideGroup();
  asideNowhere();
  asideFull();
  descriptorGroup();
  turnGroup();
  giveGroup();
  faultGroup();
  return toyDone();
}
