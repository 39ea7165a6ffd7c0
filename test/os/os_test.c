/*
** The unix and the memory vfs keep the same promises.  Each group runs on
** both:
**   1 reading behind the end, writing with gaps, truncating, growing
**   2 locks: conflicts between two Files, none with oneself, release
**   3 the lowest lock of another File
**   4 names: create, exists, remove while open, read-only handles
**   5 maps
*/
#include "os/os.h"

static int osTestCount, osTestFailed;

static void ok(bool good, const char *vfs, const char *what) {
  osTestCount++;
  if (!good) osTestFailed++;
  printf("%sok %d - %s: %s\n", good ? "" : "not ", osTestCount, vfs, what);
}

static char path[32]; /* its own name, for tests beside each other */

static void nameFile(void) {
  u32 x = 0;
  snOsUnix()->random(snOsUnix(), &x, sizeof x);
  snprintf(path, sizeof path, "os_test-%08x.tmp", x);
}

static void bytesGroup(Vfs *v) {
  File *f = NULL;
  u8 a[5000], b[5000];
  u64 size = 1;
  bool good;
  v->remove(v, path);
  ok(v->open(v, path, 0, &f) == SEINE_CANTOPEN && !f, v->name, "absent");
  ok(!v->open(v, path, OS_CREATE, &f), v->name, "create");
  memset(a, 7, sizeof a);
  ok(!f->ops->read(f, 100, a, 50) && a[0] == 0 && a[49] == 0 && a[50] == 7,
      v->name, "behind the end are zeros");
  memset(a, 7, sizeof a);
  good = !f->ops->write(f, (1 << 20) - 100, a, 5000);
  ok(good && !f->ops->size(f, &size) && size == (1 << 20) + 4900, v->name,
      "write over a gap");
  good = !f->ops->read(f, (1 << 20) - 110, b, 5000);
  ok(good && b[9] == 0 && b[10] == 7 && b[4999] == 7, v->name, "read back");
  ok(!f->ops->truncate(f, 1 << 20) && !f->ops->allocate(f, 2 << 20)
      && !f->ops->size(f, &size) && size == 2 << 20, v->name, "cut and grow");
  good = !f->ops->read(f, (1 << 20) - 1, b, 10);
  ok(good && b[0] == 7 && b[1] == 0 && b[9] == 0, v->name,
      "what was cut is not seen again");
  ok(!f->ops->allocate(f, 10) && !f->ops->size(f, &size) && size == 2 << 20,
      v->name, "allocate never cuts");
  ok(!f->ops->writeback(f, 0, 4096) && !f->ops->sync(f), v->name, "sync");
  f->ops->close(f);
}

static void lockGroup(Vfs *v) {
  File *f = NULL, *g = NULL;
  u64 at = (u64)1 << 61, low = 0;
  v->open(v, path, OS_CREATE, &f);
  v->open(v, path, 0, &g);
  ok(f && g && f->ops->ident(f) == g->ops->ident(g), v->name, "one identity");
  ok(!f->ops->lock(f, at, 1, LOCK_EXCLUSIVE)
      && g->ops->lock(g, at, 1, LOCK_SHARED) == SEINE_BUSY
      && g->ops->lock(g, at, 1, LOCK_EXCLUSIVE) == SEINE_BUSY, v->name,
      "two Files conflict");
  ok(!f->ops->lock(f, at, 1, LOCK_SHARED)
      && !g->ops->lock(g, at, 1, LOCK_SHARED)
      && f->ops->lock(f, at, 1, LOCK_EXCLUSIVE) == SEINE_BUSY, v->name,
      "shared ones do not");
  ok(!g->ops->lock(g, at, 1, LOCK_NONE)
      && !f->ops->lock(f, at, 1, LOCK_EXCLUSIVE), v->name, "released");
  at += (u64)1 << 48;
  f->ops->lock(f, at + 40, 1, LOCK_SHARED);
  f->ops->lock(f, at + 30, 1, LOCK_SHARED);
  f->ops->lock(f, at + 31, 1, LOCK_SHARED);
  f->ops->lock(f, at + 50, 1, LOCK_EXCLUSIVE);
  g->ops->lock(g, at + 20, 1, LOCK_SHARED);
  ok(!g->ops->lowest(g, at, at + 1000, &low) && low == at + 30, v->name,
      "the lowest, not one's own");
  f->ops->lock(f, at + 30, 1, LOCK_NONE);
  ok(!g->ops->lowest(g, at, at + 1000, &low) && low == at + 31, v->name,
      "the next one");
  ok(!g->ops->lowest(g, at + 32, at + 40, &low) && low == at + 40, v->name,
      "none in a range");
  ok(!g->ops->lowest(g, at + 50, at + 51, &low) && low == at + 50, v->name,
      "an exclusive one");
  f->ops->close(f);
  ok(!g->ops->lowest(g, at, at + 1000, &low) && low == at + 1000, v->name,
      "closing drops one's locks");
  ok(!v->open(v, path, OS_READONLY, &f)
      && !f->ops->lowest(f, at, at + 1000, &low) && low == at + 20
      && !f->ops->lock(f, at + 5, 1, LOCK_SHARED), v->name,
      "a read-only File pins and looks");
  f->ops->close(f);
  g->ops->close(g);
}

static void splitGroup(Vfs *v) {
  File *f = NULL, *g = NULL;
  u64 low = 0;
  v->open(v, path, OS_CREATE, &f);
  v->open(v, path, 0, &g);
  f->ops->lock(f, 100, 100, LOCK_SHARED);
  f->ops->lock(f, 120, 10, LOCK_NONE);
  ok(!g->ops->lock(g, 120, 10, LOCK_EXCLUSIVE)
      && g->ops->lock(g, 119, 1, LOCK_EXCLUSIVE) == SEINE_BUSY
      && g->ops->lock(g, 130, 1, LOCK_EXCLUSIVE) == SEINE_BUSY, v->name,
      "a hole in a range");
  ok(!g->ops->lowest(g, 0, 1000, &low) && low == 100, v->name, "its left");
  ok(!g->ops->lowest(g, 120, 1000, &low) && low == 130, v->name,
      "its right");
  f->ops->close(f);
  g->ops->close(g);
}

static void nameGroup(Vfs *v) {
  File *f = NULL, *t = NULL, *u = NULL;
  bool there = false;
  u8 c = 9;
  v->open(v, path, OS_CREATE, &f);
  ok(!v->exists(v, path, &there) && there, v->name, "exists");
  ok(!f->ops->write(f, 0, &c, 1) && !v->remove(v, path)
      && !v->exists(v, path, &there) && !there, v->name, "removed");
  c = 0;
  ok(!f->ops->read(f, 0, &c, 1) && c == 9, v->name, "still open");
  ok(!v->remove(v, path), v->name, "absent is no error");
  f->ops->close(f);
  ok(!v->open(v, NULL, OS_TEMP | OS_CREATE, &t)
      && !v->open(v, NULL, OS_TEMP | OS_CREATE, &u)
      && t->ops->ident(t) != u->ops->ident(u) && !t->ops->write(t, 0, &c, 1),
      v->name, "nameless files are two");
  t->ops->close(t);
  u->ops->close(u);
  v->open(v, path, OS_CREATE, &f);
  f->ops->write(f, 0, &c, 1);
  f->ops->close(f);
  ok(!v->open(v, path, OS_READONLY, &f) && f->ops->write(f, 0, &c, 1),
      v->name, "a read-only File refuses to write");
  f->ops->close(f);
  v->remove(v, path);
}

static void mapGroup(Vfs *v) {
  File *f = NULL;
  const u8 *p = NULL;
  u8 a[3 * SN_PAGE];
  for (u32 i = 0; i < sizeof a; i++) a[i] = (u8)(i / 7);
  v->open(v, path, OS_CREATE, &f);
  f->ops->write(f, 0, a, sizeof a);
  ok(!f->ops->map(f, SN_PAGE, 2 * SN_PAGE, &p)
      && (!p || !memcmp(p, a + SN_PAGE, 2 * SN_PAGE)), v->name, "map");
  if (p) f->ops->unmap(f, p, 2 * SN_PAGE);
  f->ops->close(f);
  v->remove(v, path);
}

int main(void) {
  const char *names[] = {"unix", "memory"};
  nameFile();
  for (u32 i = 0; i < 2; i++) {
    Vfs *v = snOsFind(names[i]);
    u8 r[32] = {0};
    bytesGroup(v);
    lockGroup(v);
    splitGroup(v);
    nameGroup(v);
    mapGroup(v);
    v->random(v, r, sizeof r);
    ok(memcmp(r, r + 16, 16) != 0, v->name, "random");
    ok(v->now_us(v) > (i64)1600000000 * 1000000, v->name, "the time");
  }
  ok(!snOsFind("none"), "find", "an unknown vfs");
  printf("1..%d\n", osTestCount);
  return osTestFailed != 0;
}
