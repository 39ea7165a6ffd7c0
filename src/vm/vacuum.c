/*
** vacuum: VACUUM and VACUUM INTO.
**
** VACUUM is a row of small transactions, each a step of schema/compact.c: what
** is freed by one can be written by the second after it.  So it takes the
** writer's place for a step at a time, others write and read between the
** steps, and what an interrupt or an error ends keeps what was done.
**
** First, what lies behind the page where the file could end fills holes in
** front of it.  When nothing fits any more and the holes are worth it, all
** that fits slides to the front, so that holes join; at last the extent behind
** the largest hole is lifted to the end of the file, and the rest slides; not
** while others have the file open, since it could not be cut.  After the last
** move a few empty commits let the freed pages ripen and the slots forget the
** longer file.
*/
#include "vm/vmInt.h"

#define VACUUM_RIPE  2u  /* commits after which freed pages can be taken */
#define VACUUM_IDLE  4u  /* ... after which nothing more can come */
#define VACUUM_LIFTS 64u
#define VACUUM_WORTH 64u /* holes of less than a 64th stay */
#ifdef SEINE_TEST
#define VACUUM_SPARE ((u64)64)
#else
#define VACUUM_SPARE ((u64)4096) /* pages: 16 MiB are not thought of */
#endif

typedef struct Vacuum {
  Session *session;
  CompactStep step;
  bool whole;     /* lifts, too */
  bool pinned;    /* some reader keeps freed pages from being taken */
  u32 idle, lifts;
  u64 least;      /* the nearest end that was seen */
  char *message;
} Vacuum;

static void vacuumSay(Vacuum *v, const char *why, u64 pages) {
  snprintf(v->message, 256, "the file is not shorter yet: %s; %llu KB "
      "of it stay free until that ends: VACUUM again then", why,
      (unsigned long long)(pages * (SN_PAGE / 1024)));
}

/* What the next step does; false: there is none. */
static bool vacuumGoesOn(Vacuum *v) {
  CompactStep *t = &v->step;
  u64 waste = t->space.used_end - SN_MIN(t->space.used_end, t->goal);
  bool stuck, nearer = t->space.used_end < v->least;
  v->least = SN_MIN(v->least, t->space.used_end);
  v->pinned = t->space.pinned;
  v->idle = t->moved || nearer || t->mode == COMPACT_LIFT ? 0 : v->idle + 1;
  if (t->done || v->idle >= VACUUM_IDLE) return false;
  stuck = v->idle >= VACUUM_RIPE && waste > t->goal / VACUUM_WORTH;
  if (t->mode == COMPACT_LIFT) {
    t->mode = COMPACT_SLIDE;
  } else if (stuck && t->mode == COMPACT_FILL) {
    t->mode = COMPACT_SLIDE;
    v->idle = 0;
  } else if (stuck && v->whole && !v->pinned && !t->space.shared &&
      v->lifts < VACUUM_LIFTS) {
    t->mode = COMPACT_LIFT;
    v->lifts++;
  }
  return true;
}

static int vacuumSteps(Vacuum *v) {
  int rc;
  v->least = UINT64_MAX;
  do rc = snSessionCompact(v->session, &v->step, v->message);
  while (!rc && vacuumGoesOn(v));
  return rc;
}

/* The tail can go now, unless somebody may look at it. */
static int vacuumCut(Vacuum *v) {
  const MoveSpace *m = &v->step.space;
  Store *s = snSessionStore(v->session);
  int rc = snSessionRefresh(v->session);
  if (!rc) rc = snWriterShrink(s);
  if (rc && snWriterPoisoned(s))
    snprintf(v->message, 256, "writing failed before the file was cut: "
        "nothing is lost; close this connection before writing again");
  if (rc) return rc;
  if (v->pinned && !v->step.done) {
    vacuumSay(v, "a statement or transaction reads an older state of it",
        m->used_end - v->step.goal);
    return SEINE_BUSY;
  }
  if (snWriterTailKept(s) || (m->shared && !v->step.done)) {
    vacuumSay(v, "another connection has it open", m->end - v->step.goal);
    return SEINE_BUSY;
  }
  return SEINE_OK;
}

static int vacuumFile(Session *s, bool whole, int (*stop)(void *),
    void *arg, char *message) {
  snSessionStill(s);
  Vacuum v = {.session = s, .whole = whole, .message = message,
      .step = {.mode = COMPACT_FILL, .stop = stop, .arg = arg}};
  int rc = vacuumSteps(&v);
  return rc ? rc : vacuumCut(&v);
}

/* Whether the file became shorter is nobody's question here, but that this
** connection writes no more must be told. */
int snVacuumAfter(Session *s, int (*stop)(void *), void *arg, char *message) {
  int rc = vacuumFile(s, false, stop, arg, message);
  message[0] = 0;
  if (!rc || !snWriterPoisoned(snSessionStore(s))) return SEINE_OK;
  snprintf(message, 256, "the statement is done, and kept; but writing failed "
      "when the file was made shorter: close this connection before writing "
      "again");
  return rc;
}

static bool vacuumWorth(const StoreInfo *i) {
  u64 spare = i->free_pages + i->graveyard_pages;
  return spare >= VACUUM_SPARE && spare >= i->pages / 4;
}

bool snVacuumWorth(Session *s) {
  StoreInfo i;
  return !snStoreInfo(snSessionStore(s), &i) && vacuumWorth(&i);
}

void snVacuumSpare(Session *s, int (*stop)(void *), void *arg) {
  char message[256];
  StoreInfo i;
  if (snStoreInfo(snSessionStore(s), &i) || i.shared || !vacuumWorth(&i))
    return;
  (void)vacuumFile(s, false, stop, arg, message);
}

/* ---- a copy ------------------------------------------------------------- */

static int vacuumCopy(Run *r, const char *path) {
  Store *copy;
  bool there;
  int rc = snStoreCopyOpen(snSessionStore(r->session),
      snCatalogSnapshot(r->cat), path, &there, &copy);
  if (there)
    return snRunFail(r, rc, "%s exists already: VACUUM INTO writes to a new "
        "or empty file", path);
  if (rc)
    return snRunFail(r, rc, "cannot open %s to write a copy to it", path);
  rc = snCompactInto(r->cat, copy, snRunCancelled, r);
  if (!rc) rc = snWriterShrink(copy);
  snStoreCopyClose(copy, !rc);
  return rc;
}

static int vacuumInto(Run *r, u16 reg) {
  const Vec *v = snReg(r, reg);
  const Str *t = v->data;
  if (snVecNull(v, 0) || snTypeForm(v->type) != FORM_STR || !t->n ||
      memchr(t->p, 0, t->n))
    return snRunFail(r, SEINE_ERROR, "VACUUM INTO takes the name of a file: "
        "a text or a parameter");
  if (snSessionWriting(r->session))
    return snRunFail(r, SEINE_ERROR, "VACUUM INTO copies what is committed, "
        "and this transaction has changes: COMMIT or ROLLBACK it first");
  const char *path = snArenaDup(&r->keep, (const char *)t->p, t->n);
  return path ? vacuumCopy(r, path) : SN_NOMEM;
}

/* b: register of the file's name, or NO_REG. */
int opVacuum(Run *r, const Instr *i) {
  Session *s = r->session;
  if (i->b != NO_REG) return vacuumInto(r, i->b);
  if (snSessionInTxn(s))
    return snRunFail(r, SEINE_ERROR, "VACUUM runs outside of transactions: "
        "COMMIT or ROLLBACK this one first");
  if (snSessionWriting(s))
    return snRunFail(r, SEINE_BUSY, "another statement of this connection is "
        "writing");
  snCatalogDrop(r->cat); /* what it pins could not be moved */
  r->cat = NULL;
  return vacuumFile(s, true, snRunCancelled, r, r->error);
}

#undef VACUUM_RIPE
#undef VACUUM_IDLE
#undef VACUUM_LIFTS
#undef VACUUM_WORTH
#undef VACUUM_SPARE
