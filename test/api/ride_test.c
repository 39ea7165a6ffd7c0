/*
** ride_test [ROUNDS [SEED]]: connections that all let rows ride in the same
** claims, each in a thread of its own, and one more that only reads.  Two of
** them have a thread more each, for what their commits leave, and so little
** room in the claim that there is much of it.
**   1  keys that all of them ask for: each is given once; what is acknowledged
**      is there, for its writer at once; a number and a row per commit
**   2  updates, deletions, merges, transactions that are given up between them
**   3  a reader sees no number go back, and in a transaction nothing move
** Then the file is opened again, and is the same.
*/
#include "ask.h"
#include "base/base.h"
#include "../tap.h"
#include <pthread.h>
#include <unistd.h>

#define RIDE_WRITERS 5u
#define RIDE_KEYS    150u

static const char ride_path[] = "ride_test.db";

typedef struct RideWriter {
  u32 me, rounds;
  u64 state;
  bool mixed;
  u32 given[RIDE_KEYS]; /* how often a key was inserted by this one */
  u32 logged;
  char why[200];
} RideWriter;

static bool ride_over; /* no writer is left */

static u32 rideRandom(RideWriter *w, u32 below) {
  w->state ^= w->state << 13;
  w->state ^= w->state >> 7;
  w->state ^= w->state << 17;
  return (u32)((w->state >> 11) % below);
}

static seine *rideOpen(bool threads) {
  seine *db = NULL;
  if (seine_open(ride_path, &db)) return NULL;
  seine_busy_timeout(db, 60000);
  if (threads)
    (void)seine_exec(db, "PRAGMA threads = 2; PRAGMA delta_bytes = 200", NULL,
        NULL, NULL);
  return db;
}

static int rideInt(void *arg, int n, char **text, char **name) {
  (void)n, (void)name;
  *(long long *)arg = text[0] ? strtoll(text[0], NULL, 10) : -1;
  return 0;
}

static long long rideAsk(seine *db, const char *fmt, ...) {
  char sql[300];
  long long v = -2;
  va_list ap;
  va_start(ap, fmt);
  vsnprintf(sql, sizeof sql, fmt, ap);
  va_end(ap);
  return seine_exec(db, sql, rideInt, &v, NULL) ? -3 : v;
}

static int rideRun(RideWriter *w, seine *db, const char *fmt, ...) {
  char sql[400];
  va_list ap;
  va_start(ap, fmt);
  vsnprintf(sql, sizeof sql, fmt, ap);
  va_end(ap);
  int rc = seine_exec(db, sql, NULL, NULL, NULL);
  if (rc && rc != SEINE_CONSTRAINT && !w->why[0])
    snprintf(w->why, sizeof w->why, "rc %d: %.80s: %.90s", rc,
        seine_errmsg(db), sql);
  return rc;
}

/* ---- writers ------------------------------------------------------------ */

/* A key that somebody may have: CONSTRAINT, or it is this one's. */
static void rideKey(RideWriter *w, seine *db) {
  u32 key = rideRandom(w, RIDE_KEYS);
  int rc = rideRun(w, db, "INSERT INTO k VALUES ('key %u', %u, %u, 'some"
      " words')", key, 1000 * w->me + w->given[key], w->me);
  if (rc) return;
  w->given[key]++;
  if (rideAsk(db, "SELECT who FROM k WHERE id = 'key %u'", key) != w->me
      && !w->mixed && !w->why[0])
    snprintf(w->why, sizeof w->why, "key %u is not there", key);
}

static void rideLog(RideWriter *w, seine *db) {
  if (rideRun(w, db, "INSERT INTO l(who, n) VALUES (%u, %u)", w->me,
      w->logged)) return;
  w->logged++;
  if (rideAsk(db, "SELECT count(*) FROM l WHERE who = %u", w->me)
      != w->logged && !w->why[0])
    snprintf(w->why, sizeof w->why, "row %u is not there", w->logged);
}

/* What makes segments of rows that ride, or gives them back. */
static void rideOther(RideWriter *w, seine *db) {
  u32 key = rideRandom(w, RIDE_KEYS);
  switch (rideRandom(w, 7)) {
  case 0: (void)rideRun(w, db, "UPDATE k SET s = 'other' WHERE who = %u AND"
      " n %% 3 = 0", w->me); break;
  case 1: (void)rideRun(w, db, "DELETE FROM k WHERE id = 'key %u'", key); break;
  case 2: (void)rideRun(w, db, "OPTIMIZE k"); break;
  case 3: (void)rideRun(w, db, "INSERT OR REPLACE INTO k VALUES ('key %u', %u,"
      " %u, 'replaced')", key, key, w->me); break;
  case 4: (void)rideRun(w, db, "INSERT INTO k VALUES ('key %u', %u, %u, 'up')"
      " ON CONFLICT (id) DO UPDATE SET n = k.n + 1", key, key, w->me); break;
  case 5:
    if (rideRun(w, db, "BEGIN IMMEDIATE")) break;
    (void)rideRun(w, db, "INSERT INTO k VALUES ('key %u', 1, 1, NULL)", key);
    (void)rideRun(w, db, "SAVEPOINT a");
    (void)rideRun(w, db, "INSERT INTO l(who, n) VALUES (%u, -1)", w->me);
    (void)rideRun(w, db, "ROLLBACK TO a");
    (void)rideRun(w, db, rideRandom(w, 2) ? "ROLLBACK" : "COMMIT");
    break;
  default: (void)rideRun(w, db, "INSERT OR IGNORE INTO k VALUES ('key %u', 1,"
      " 1, ''), ('key %u', 2, 2, '')", key, (key + 1) % RIDE_KEYS);
  }
}

static void *rideWriter(void *arg) {
  RideWriter *w = arg;
  seine *db = rideOpen(w->me % 2 == 0);
  for (u32 i = 0; db && i < w->rounds && !w->why[0]; i++) {
    if (w->mixed && !rideRandom(w, 3)) rideOther(w, db);
    else if (rideRandom(w, 2)) rideKey(w, db);
    else rideLog(w, db);
  }
  if (!db) snprintf(w->why, sizeof w->why, "cannot open");
  seine_close(db);
  return NULL;
}

/* ---- a reader ----------------------------------------------------------- */

static void *rideReader(void *arg) {
  char *why = arg;
  seine *db = rideOpen(false);
  long long rows = 0;
  while (db && !__atomic_load_n(&ride_over, __ATOMIC_RELAXED) && !*why) {
    (void)seine_exec(db, "BEGIN", NULL, NULL, NULL);
    long long now = rideAsk(db, "SELECT count(*) FROM l");
    long long keys = rideAsk(db, "SELECT count(*) FROM k");
    long long ids = rideAsk(db, "SELECT count(DISTINCT id) FROM k");
    long long again = rideAsk(db, "SELECT count(*) FROM l WHERE n >= 0");
    (void)seine_exec(db, "COMMIT", NULL, NULL, NULL);
    if (now < rows || again != now || keys != ids || keys < 0)
      snprintf(why, 200, "rows %lld, before %lld, again %lld; keys %lld of"
          " %lld", now, rows, again, ids, keys);
    rows = now;
  }
  seine_close(db);
  return NULL;
}

/* ---- what is left ------------------------------------------------------- */

static bool rideSame(const RideWriter *w) {
  seine *db = rideOpen(false);
  long long logged = 0, given = 0;
  for (u32 i = 0; i < RIDE_WRITERS; i++) {
    logged += w[i].logged;
    for (u32 k = 0; k < RIDE_KEYS; k++) given += w[i].given[k];
  }
  long long rows = rideAsk(db, "SELECT count(*) FROM l");
  long long keys = rideAsk(db, "SELECT count(*) FROM k");
  long long ids = rideAsk(db, "SELECT count(DISTINCT id) FROM k");
  long long rowids = rideAsk(db, "SELECT count(DISTINCT rowid) FROM k");
  long long seq = rideAsk(db, "SELECT count(DISTINCT id) FROM l");
  long long pairs = rideAsk(db, "SELECT count(DISTINCT who * 100000 + n) FROM"
      " l");
  snprintf(tapWhy, sizeof tapWhy, "%lld of %lld rows, %lld numbers, %lld"
      " pairs; %lld keys, %lld different, %lld rowids, %lld given", rows,
      logged, seq, pairs, keys, ids, rowids, given);
  bool same = rows == logged && seq == rows && pairs == rows && ids == keys &&
      rowids == keys && (w->mixed || keys == given);
  same = same && askSound(db);
  seine_close(db);
  return same;
}

static void rideTogether(u32 rounds, u64 seed, bool mixed) {
  static RideWriter w[RIDE_WRITERS];
  pthread_t thread[RIDE_WRITERS], reader;
  char why[200] = "";
  unlink(ride_path);
  seine *db = rideOpen(false);
  bool good = db && !seine_exec(db, "CREATE TABLE k(id KEYWORD PRIMARY KEY,"
      " n INTEGER, who INTEGER, s TEXT);"
      "CREATE TABLE l(id INTEGER PRIMARY KEY, who INTEGER, n INTEGER)", NULL,
      NULL, NULL);
  seine_close(db);
  memset(w, 0, sizeof w);
  __atomic_store_n(&ride_over, false, __ATOMIC_RELAXED);
  for (u32 i = 0; i < RIDE_WRITERS; i++) {
    w[i] = (RideWriter){.me = i + 1, .rounds = rounds, .mixed = mixed,
        .state = 88172645463325252ull ^ (seed * RIDE_WRITERS + i + 1)
            * 0x9e3779b97f4a7c15ull};
    if (pthread_create(thread + i, NULL, rideWriter, w + i)) exit(1);
  }
  if (pthread_create(&reader, NULL, rideReader, why)) exit(1);
  for (u32 i = 0; i < RIDE_WRITERS; i++) (void)pthread_join(thread[i], NULL);
  __atomic_store_n(&ride_over, true, __ATOMIC_RELAXED);
  (void)pthread_join(reader, NULL);
  const char *word = mixed ? "mixed" : "inserts";
  for (u32 i = 0; i < RIDE_WRITERS; i++) {
    if (w[i].why[0]) printf("# writer %u: %s\n", i, w[i].why);
    good = good && !w[i].why[0];
  }
  tapOk(good, "%s: no writer saw an error", word);
  snprintf(tapWhy, sizeof tapWhy, "%s", why);
  tapOk(!why[0], "%s: the reader sees states that were", word);
  tapOk(rideSame(w), "%s: what was acknowledged is there, once", word);
}

int main(int argc, char **argv) {
  u32 rounds = argc > 1 ? (u32)strtoul(argv[1], NULL, 10)
      : getenv("SEINE_QUICK") ? 60 : 400;
  u64 seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 0;
  rideTogether(rounds, seed, false);
  rideTogether(rounds, seed, true);
  unlink(ride_path);
  return tapEnd();
}
